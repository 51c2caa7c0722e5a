-- Channels as data, and the words for them; addresses within a country; the log by references, in the order of the day.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\ir said.psql

SELECT is(pg_temp.said($$ INSERT INTO dunning.procedure (name, procedure) VALUES ('maison', '5 email; 10 Courriel; 15 lettre') $$),
	'22023 | procedure "maison" has a channel "courriel", which is called "email" | No sender would take its messages. | Write email.', 'a word for a channel is refused where the procedure is saved');
INSERT INTO dunning.procedure (name, procedure) VALUES ('maison', '5 email "Rappel"; 10 phone "Appel"; 15 letter "Lettre"; 20 task "Dossier"; 60 lawyer; mode jump');
SELECT matches(pg_temp.said($$ UPDATE dunning.procedure SET procedure = '5 einschreiben' WHERE name = 'maison' $$), '^22023 \| procedure "maison" has a channel "einschreiben", which is called "registered_letter"', 'and where it is changed');
SELECT matches(pg_temp.said($$ SELECT dunning.save_sender('A', fallback => '{brief}') $$), '^22023 \| sender "A" has a channel "brief", which is called "letter"', 'in a fallback, too');
SELECT matches(pg_temp.said($$ SELECT dunning.save_template('first_reminder', 'fr', 'x', channel => 'lettre') $$), '^22023 \| template "first_reminder" has a channel "lettre"', 'and of a template');
INSERT INTO dunning.channel (channel, message, label_en, label_fr) VALUES ('briefing', false, 'briefing', 'réunion de travail');
SELECT matches(pg_temp.said($$ INSERT INTO dunning.channel (channel, message, label_en) VALUES ('brief', false, 'briefing') $$), '22023 \| a channel of your own cannot be called "brief" \| This is a word for the channel "letter"', 'but no row for a word');
SELECT is(pg_temp.said($$ UPDATE dunning.procedure SET procedure = '5 briefing' WHERE name = 'maison' RETURNING name $$), 'maison', 'a channel of one''s own has a row');
SELECT is(concat_ws(' / ', _dunning.channel_text('briefing', 'fr'), _dunning.channel_text('briefing', 'de'), _dunning.channel_text('letter', 'nl'), _dunning.channel_text('some_thing', 'fr')), 'réunion de travail / briefing / brief / some thing', 'the words of a language');
SELECT is(_dunning.is_message('briefing')::text || _dunning.is_message('email')::text || _dunning.is_message('portal')::text, 'falsetruetrue', 'what is a message');
SELECT is((SELECT count(*) FROM dunning.channel WHERE shipped AND (label_fr IS NULL OR label_de IS NULL OR label_nl IS NULL)), 0::bigint, 'all shipped channels have four texts');
SELECT is_empty($$ SELECT w FROM dunning.channel AS c CROSS JOIN unnest(c.words) AS w GROUP BY w HAVING count(*) > 1 OR bool_or(w IN (SELECT channel FROM dunning.channel WHERE shipped)) $$, 'no word is one for two channels');
UPDATE dunning.procedure SET procedure = '5 email "Rappel"; 10 phone "Appel"; 15 letter "Lettre"; 20 task "Dossier"; mode jump' WHERE name = 'maison';

CREATE TABLE client (id integer PRIMARY KEY, nom text, email text, adresse text, cp text, ville text, pays text);
INSERT INTO client VALUES (1, 'Durand', 'd@x.example', '1 quai', '69002', 'Lyon', 'France'), (2, 'Post', NULL, '2 rue', '75001', 'Paris', 'fr'), (3, 'Meier', NULL, '3 Weg', '10115', 'Berlin', 'Deutschland');
CREATE TABLE facture (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), numero text, client integer, emise date, echeance date, montant numeric(12, 2));
CREATE TABLE reglement (facture uuid, montant numeric(12, 2), le date, rejet text);
INSERT INTO facture (numero, client, emise, echeance, montant) VALUES ('F-1', 1, pg_temp.day(-60), pg_temp.day(-6), 100), ('F-2', 1, pg_temp.day(-60), pg_temp.day(-7), 200), ('F-3', 2, pg_temp.day(-60), pg_temp.day(-6), 300), ('F-4', 3, pg_temp.day(-60), pg_temp.day(-16), 400),
	('F-5', 3, pg_temp.day(-60), pg_temp.day(-21), 500), ('F-6', 3, pg_temp.day(-60), pg_temp.day(-11), 600);
SELECT id AS f1 FROM facture WHERE numero = 'F-1' \gset
INSERT INTO reglement VALUES (:'f1', 60, pg_temp.day(-6), NULL), (:'f1', -60, pg_temp.day(-5), 'AM04'), (:'f1', 30, pg_temp.day(-3), NULL), (:'f1', -30, pg_temp.day(-2), NULL);
SELECT FROM dunning.adopt('facture', columns => '{"key": "id", "reference": "numero", "customer": "client", "issued_on": "emise", "due_on": "echeance", "amount": "montant",
	"payments": {"table": "reglement", "item": "facture", "amount": "montant", "date": "le", "reject_code": "rejet"},
	"customers": {"table": "client", "key": "id", "name": "nom", "email": "email", "address": "adresse", "postcode": "cp", "city": "ville", "country": "pays"}}', rule => NULL, procedure => 'maison') \g /dev/null
SELECT dunning.save_sender('ACME', siren => '732829320', address => '1 rue', email => 'a@acme.example');
SELECT dunning.run_reminders(), dunning.make_notices() \g /dev/null
SELECT notice AS mail FROM dunning.take_notices('email') \gset
SELECT results_eq($$ SELECT address, context #>> '{customer,address}' FROM dunning.take_notices('letter') ORDER BY customer::text $$, $$ VALUES (E'Post\n2 rue\n75001 Paris', E'2 rue\n75001 Paris'), (E'Meier\n3 Weg\n10115 Berlin\nALLEMAGNE', E'3 Weg\n10115 Berlin\nALLEMAGNE') $$,
	'a country is a line of letters that leave it');
SELECT set_eq($$ SELECT kind, why FROM dunning.my_day(NULL, language => 'fr') WHERE kind IN ('call', 'task') $$, $$ VALUES ('call', 'Étape 2, appel téléphonique « Appel », 11 jours de retard'), ('task', 'Étape 4, tâche « Dossier », 21 jours de retard') $$, 'what a person does is on his list, in words');

-- files of items with keys that are no numbers
CREATE TABLE piece (facture uuid, nom text, corps bytea);
INSERT INTO piece SELECT id, CASE numero WHEN 'F-1' THEN '..' END, '\x25' FROM facture;
SELECT dunning.save_attachments('facture', 'piece', 'facture', 'corps', 'nom');
SELECT set_eq(format('SELECT name FROM dunning.notice_files(%s)', :mail), ARRAY['_', 'F-2.pdf'], 'files by keys of type uuid');
SELECT results_eq($$ SELECT n, _dunning.file_name(n) FROM unnest(ARRAY['..', 'a/../b', E'x\ty.', '.profile', U&'facture\202Efdp.exe', 'CON', repeat('é', 300) || '.pdf']) AS n $$,
	format($$ VALUES ('..', '_'), ('a/../b', 'a_.._b'), (E'x\ty.', 'x_y_'), ('.profile', '_.profile'), (U&'facture\202Efdp.exe', 'facture_fdp.exe'), ('CON', 'CON'), (%L, %L) $$, repeat('é', 300) || '.pdf', repeat('é', 116) || '.pdf'), 'names of files are no paths and hide nothing');

-- the log: what a person noted for a time of the day is at this time, with what was agreed
SELECT dunning.notice_sent(:mail) \g /dev/null
SELECT dunning.log_contact('facture', '1', 'call', at_time => '00:01', on_day => pg_temp.day(-1), outcome => 'promised', promised => 50, promised_for => pg_temp.day(5), items => ARRAY[:'f1'::dunning.item_key]) \g /dev/null
SELECT dunning.log_contact('facture', '1', 'note', on_day => pg_temp.day(-1), note => 'noted without a time') \g /dev/null
SELECT dunning.log_contact('facture', '1', 'note', at_time => '00:00', on_day => pg_temp.day(-1), note => 'earlier') \g /dev/null
INSERT INTO reglement VALUES (:'f1', 10, pg_temp.day(-1), NULL);
SELECT results_eq($$ SELECT on_day, at_time, regexp_replace(translate(what, U&'\00a0\202f', '  '), 'Message \d+', 'Message N') FROM dunning.contact_log('facture', '1', language => 'fr') $$, format($$ VALUES
	(%1$L::date, NULL::time, 'Règlement de F-1'), (%7$L, NULL, 'Règlement de F-1 rejeté par la banque (AM04)'), (%2$L, NULL, 'Règlement de F-1'), (%3$L, NULL, 'Règlement annulé de F-1'),
	(%4$L, NULL, 'Règlement de F-1'), (%4$L, '00:00', 'Note : earlier'), (%4$L, '00:01', 'Appel au client : promesse de paiement [F-1]'), (%4$L, '00:01', 'Promesse de 50,00 pour le %6$s [F-1]'), (%4$L, NULL, 'Note : noted without a time'),
	(%5$L, date_trunc('minute', now() AT TIME ZONE 'UTC')::time, 'Relance 1, e-mail « Rappel », de F-1 : envoyée'), (%5$L, date_trunc('minute', now() AT TIME ZONE 'UTC')::time, 'Relance 1, e-mail « Rappel », de F-2 : envoyée'), (%5$L, date_trunc('minute', now() AT TIME ZONE 'UTC')::time, 'Message N, e-mail à d@x.example : « ACME : factures échues, 300,00 »') $$,
	pg_temp.day(-6), pg_temp.day(-3), pg_temp.day(-2), pg_temp.day(-1), pg_temp.day(), _dunning.day_text(pg_temp.day(5), 'fr'), pg_temp.day(-5)), 'the log in French');
SELECT * FROM finish();
ROLLBACK;
