-- One message about an item in one night: of two steps the severest one goes, and the other says so.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\ir said.psql

INSERT INTO dunning.procedure (name, procedure) VALUES ('each', '5 email; 6 registered_letter "Formal"; 90 phone; wait 1; by customer; level each'), ('two', '5 email; 6 letter; 90 phone; wait 1'), ('bank', '5 email fee 1.00 EUR; reject 0 email "Rejected" fee 4.00 EUR');
CREATE TABLE client (id integer PRIMARY KEY, nom text, email text, adresse text, siren text);
INSERT INTO client VALUES (1, 'Both', 'both@x.example', '1 quai', '404833048'), (2, 'Post', NULL, '2 quai', '404833048'), (3, 'Mail', 'mail@x.example', NULL, '404833048'), (4, 'Two', NULL, '4 quai', '404833048'), (5, 'Bank', 'bank@x.example', NULL, '404833048');
CREATE TABLE facture (id text PRIMARY KEY, client integer, emise date, echeance date, montant numeric(12, 2), procedure text);
INSERT INTO facture SELECT v.id, v.client, pg_temp.day(-60), pg_temp.day(- v.late), v.amount, v.procedure FROM (VALUES ('both', 1, 6, 100, 'each'), ('post', 2, 6, 200, 'each'), ('post2', 2, 5, 300, 'each'), ('mail', 3, 6, 400, 'each'), ('two', 4, 6, 500, 'two'), ('two2', 4, 5, 600, 'two'), ('bank', 5, 6, 700, 'bank'))
	AS v (id, client, late, amount, procedure);
CREATE TABLE reglement (facture text, montant numeric(12, 2), le date, rejet text);
INSERT INTO reglement VALUES ('bank', 700, pg_temp.day(-4), NULL);
SELECT FROM dunning.adopt('facture', columns => '{"key": "id", "customer": "client", "issued_on": "emise", "due_on": "echeance", "amount": "montant", "procedure": "procedure", "payments": {"table": "reglement", "item": "facture", "amount": "montant", "date": "le", "reject_code": "rejet"},
	"customers": {"table": "client", "key": "id", "name": "nom", "email": "email", "address": "adresse", "identifier": "siren"}}', rule => NULL) \g /dev/null
SELECT dunning.save_sender('ACME', siren => '732829320', signatory => 'A', email => 'a@acme.example');
-- the e-mails of yesterday were never sent
SELECT dunning.run_reminders(pg_temp.day(-1)), dunning.run_reminders() \g /dev/null
SELECT set_eq($$ SELECT customer::text, channel, open_amount FROM dunning.tonight_notices() $$, $$ VALUES ('1', 'registered_letter', 100.00), ('2', 'registered_letter', 200), ('2', 'letter', 300), ('3', NULL, 400), ('3', 'email', 400), ('4', 'letter', 1100) $$, 'the messages of tonight');
SELECT dunning.make_notices() \g /dev/null
CREATE FUNCTION pg_temp.notices() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', n.customer, n.channel, n.state, n.items, n.open_amount, (SELECT string_agg(r.item || ' ' || r.level, ', ' ORDER BY r.item::text, r.level)
		FROM dunning.notice_reminder AS l JOIN dunning.reminder AS r ON r.reminder = l.reminder WHERE l.notice = n.notice AND l.removed IS NULL)) FROM dunning.notice AS n WHERE n.state <> 'withdrawn' $$;
SELECT set_eq('SELECT * FROM pg_temp.notices()', ARRAY['1 registered_letter waiting both 2', '2 registered_letter waiting post 2', '2 letter waiting post2 1', '3 registered_letter set_aside mail 2', '3 email waiting mail 1', '4 letter waiting two 2, two2 1'],
	'the severest step of each item; one that reaches nobody keeps no other one back');
SELECT dunning.take_notices('email'), dunning.take_notices('letter'), dunning.take_notices('registered_letter') \g /dev/null
SELECT set_eq('SELECT * FROM pg_temp.notices()', ARRAY['1 registered_letter taken 1 100.00 both 2', '2 registered_letter taken 1 200.00 post 2', '2 letter taken 1 300.00 post2 1', '3 registered_letter set_aside mail 2', '3 email taken 1 400.00 mail 1', '4 letter taken 2 1100.00 two 2, two2 1'],
	'and each item is asked for once');
SELECT dunning.notice_sent(notice) FROM dunning.notice WHERE state = 'taken' \g /dev/null
SELECT set_eq($$ SELECT r.item || ' ' || r.level || ' ' || r.state || coalesce(': ' || regexp_replace(r.reason, '\d+', 'N'), '') FROM dunning.reminder AS r $$, ARRAY['both 1 skipped: message N about a later step went out instead', 'both 2 sent', 'post 1 skipped: message N about a later step went out instead',
	'post 2 sent', 'post2 1 sent', 'mail 1 sent', 'mail 2 pending', 'two 1 skipped: message N about a later step went out instead', 'two 2 sent', 'two2 1 sent'], 'the other one says so');
SELECT matches((SELECT string_agg(l.what, '; ') FROM dunning.contact_log('facture', '1') AS l), 'Reminder 1, e-mail, of both: not sent, counts as done \(message \d+ about a later step went out instead\)', 'the log, too');
SELECT is(dunning.make_notices(), 0, 'nothing is left');

-- a notice that waits when the later step is raised
INSERT INTO facture VALUES ('late', 1, pg_temp.day(-60), pg_temp.day(-5), 50, 'two');
SELECT dunning.run_reminders(), dunning.make_notices() \g /dev/null
SELECT is((SELECT string_agg(t, ', ') FROM pg_temp.notices() AS t WHERE t LIKE '%late%'), '1 email waiting late 1', 'it waits');
INSERT INTO dunning.reminder (ledger, item, part, customer, level, step, occurrence, raised_on, channel, due_on, open_amount, currency, company) SELECT r.ledger, r.item, r.part, r.customer, 2, '5', 1, r.raised_on, 'letter', r.due_on, r.open_amount, r.currency, r.company FROM dunning.reminder AS r WHERE r.item = 'late';
SELECT is_empty($$ SELECT FROM dunning.take_notices('email') $$, 'it does not leave any more');
SELECT is((SELECT n.reason FROM dunning.notice AS n WHERE n.channel = 'email' AND n.state = 'withdrawn'), 'a message about a later step goes out instead', 'and says why');
SELECT dunning.cancel_reminder(r.reminder, 'x') FROM dunning.reminder AS r WHERE r.item = 'late' AND r.level = 2 \g /dev/null
SELECT is(dunning.make_notices(), 1, 'without the later one it goes');

-- a rejected debit is something else: it keeps no step of the ladder back, and in one message the item is one line
DELETE FROM reglement;
INSERT INTO reglement VALUES ('bank', 700, pg_temp.day(-4), NULL), ('bank', -700, pg_temp.day(), 'AM04');
SELECT dunning.run_reminders() \g /dev/null
INSERT INTO dunning.reminder (ledger, item, part, customer, level, step, occurrence, raised_on, channel, due_on, open_amount, currency, company, fee, fee_currency) SELECT r.ledger, r.item, r.part, r.customer, 1, '5', 1, r.raised_on, 'email', r.due_on, r.open_amount, r.currency, r.company, 1, 'EUR' FROM dunning.reminder AS r WHERE r.item = 'bank';
SELECT dunning.make_notices() \g /dev/null
SELECT FROM dunning.take_notices('email') \g /dev/null
SELECT is((SELECT concat_ws(' ', n.items, n.open_amount, n.context #>> '{items,0,raw,fee}', (SELECT count(*) FROM dunning.notice_reminder AS l WHERE l.notice = n.notice AND l.removed IS NULL))
	FROM dunning.notice AS n WHERE n.customer = '5'), '1 700.00 5.00 2', 'one line with both fees');
SELECT * FROM finish();
ROLLBACK;
