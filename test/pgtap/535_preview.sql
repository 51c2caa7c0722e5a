-- What tonight_notices shows is what the run and make_notices do: random books, several nights.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\ir said.psql
SELECT setseed(0.15) \g /dev/null

INSERT INTO dunning.procedure (name, procedure) VALUES
	('each', '5 email; 6 letter; 7 registered_letter "Formal"; 90 phone; wait 1; by customer; level each'), ('jump', '5 email; 6 sms; 7 registered_letter; 90 phone; wait 1'),
	('bank', '5 email; reject 0 letter "Rejected"'), ('odd', '5 portal; 6 email; 7 letter; wait 1'), ('hand', '5 email; 6 registered_letter manual; wait 1');
CREATE TABLE client (id integer PRIMARY KEY, nom text, email text, tel text, adresse text, pays text, langue text, siren text, payeur integer);
CREATE FUNCTION pg_temp.one(p double precision, value text) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT CASE WHEN random() < p THEN value END';
CREATE FUNCTION pg_temp.any_of(VARIADIC v text[]) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT v[1 + floor(random() * cardinality(v))]';
INSERT INTO client SELECT n, 'C' || n, pg_temp.one(0.6, 'c' || n || '@x.example'), pg_temp.one(0.3, '01 ' || n), pg_temp.one(0.5, n || ' quai'), pg_temp.any_of('FR', 'DE', NULL), pg_temp.any_of('fr', 'en', 'de', NULL),
	'404833048', CASE WHEN random() < 0.3 THEN 1 + floor(random() * 10)::integer END FROM generate_series(1, 60) AS n;
CREATE TABLE facture (id text PRIMARY KEY, client integer, societe text, devise text, emise date, echeance date, montant numeric(12, 2), procedure text, genre text);
CREATE TABLE reglement (facture text, montant numeric(12, 2), le date, rejet text);
CREATE FUNCTION pg_temp.invoices(night integer, n integer) RETURNS void LANGUAGE sql AS $$
	INSERT INTO facture SELECT night || '-' || k, 1 + floor(random() * 60), pg_temp.any_of('A', 'A', 'B'), pg_temp.any_of('EUR', 'EUR', 'CHF'), pg_temp.day(-60), pg_temp.day(- (3 + floor(random() * 7))::integer),
		CASE WHEN random() < 0.15 THEN - round((random() * 300)::numeric, 2) ELSE round((10 + random() * 400)::numeric, 2) END, pg_temp.any_of('each', 'jump', 'bank', 'odd', 'hand'), NULL
	FROM generate_series(1, n) AS k;
	INSERT INTO reglement SELECT f.id, v.amount, v.le, v.rejet FROM facture AS f
	CROSS JOIN LATERAL (VALUES (f.montant, pg_temp.day(-4), NULL), (- f.montant, pg_temp.day(-1), 'AM04')) AS v (amount, le, rejet)
	WHERE f.procedure = 'bank' AND f.montant > 0 AND f.id LIKE night || '-%' AND hashtext(f.id) % 2 = 0 $$;
SELECT pg_temp.invoices(0, 120) \g /dev/null
SELECT FROM dunning.adopt('facture', columns => '{"key": "id", "customer": "client", "company": "societe", "currency": "devise", "issued_on": "emise", "due_on": "echeance", "amount": "montant", "procedure": "procedure",
	"payments": {"table": "reglement", "item": "facture", "amount": "montant", "date": "le", "reject_code": "rejet"},
	"customers": {"table": "client", "key": "id", "name": "nom", "email": "email", "phone": "tel", "address": "adresse", "country": "pays", "language": "langue", "identifier": "siren", "payer": "payeur"}}', rule => NULL) \g /dev/null
SELECT dunning.save_sender('ACME A', 'A', siren => '732829320', signatory => 'A'), dunning.save_sender('ACME B', 'B', siren => '732829320', signatory => 'B', language => 'en', fallback => '{letter}') \g /dev/null
SELECT dunning.save_recipient('facture', n::text, 'R' || n, CASE WHEN n % 2 = 0 THEN 'management' ELSE 'buyer' END, email => pg_temp.one(0.5, 'r' || n || '@x.example'), address => pg_temp.one(0.5, n || ' rue'), from_level => 1 + n % 3)
FROM generate_series(1, 60, 4) AS n \g /dev/null
SELECT dunning.assign('facture', 'language', 'nl', customer => n::text::dunning.item_key) FROM generate_series(1, 60, 7) AS n WHERE EXISTS (SELECT FROM facture AS f WHERE f.client = n) \g /dev/null
SELECT dunning.note_payee('facture', 'FACTOR', 'DE71110220330123456789', pg_temp.day(), customer => '2') \g /dev/null
CREATE TEMP TABLE seen (night integer, shown boolean, line text);
CREATE TEMP TABLE twice (line text);
CREATE FUNCTION pg_temp.night(which integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	latest CONSTANT bigint := (SELECT coalesce(max(notice), 0) FROM dunning.notice);
BEGIN
	INSERT INTO seen SELECT which, true, concat_ws(' | ', t.customer, t.name, t.company, t.currency, t.payee, coalesce(t.channel, 'nobody'), 'step ' || t.step_channel, 'lacks ' || t.lacks, t.recipient,
		replace(t.address, E'\n', ', '), 'in ' || t.language, 'level ' || t.level, (SELECT string_agg(i::text, ' ' ORDER BY i::text COLLATE "C") FROM unnest(t.items) AS i), CASE WHEN t.channel IS NOT NULL THEN t.open_amount END)
	FROM dunning.tonight_notices() AS t;
	PERFORM dunning.run_reminders(), dunning.make_notices();
	CREATE TEMP TABLE made ON COMMIT DROP AS SELECT n.*, CASE n.channel WHEN 'email' THEN n.email WHEN 'sms' THEN n.phone WHEN 'portal' THEN NULL ELSE replace(n.address, E'\n', ', ') END AS reached,
		(SELECT string_agg(r.item::text, ' ' ORDER BY r.item::text COLLATE "C") FROM (SELECT DISTINCT r.item FROM dunning.notice_reminder AS l JOIN dunning.reminder AS r ON r.reminder = l.reminder
			WHERE l.notice = n.notice AND l.removed IS NULL) AS r) AS keys,
		(SELECT coalesce(min(r.payer_name), min(r.customer_name)) FROM dunning.notice_reminder AS l JOIN dunning.reminder AS r ON r.reminder = l.reminder WHERE l.notice = n.notice) AS named
	FROM dunning.notice AS n WHERE n.notice > latest AND n.state <> 'withdrawn';
	PERFORM FROM (VALUES ('email'), ('sms'), ('letter'), ('registered_letter'), ('portal')) AS c (channel) CROSS JOIN LATERAL dunning.take_notices(c.channel, 1000) AS t;
	INSERT INTO seen SELECT which, false, concat_ws(' | ', m.customer, m.named, m.company, m.currency, m.payee, CASE m.state WHEN 'set_aside' THEN 'nobody' ELSE m.channel END, 'step ' || m.step_channel, 'lacks ' || m.lacks, m.recipient_name,
		CASE WHEN m.state <> 'set_aside' THEN m.reached END, 'in ' || coalesce(m.language, CASE m.company WHEN 'A' THEN 'fr' ELSE 'en' END), 'level ' || m.level, m.keys, CASE WHEN m.state <> 'set_aside' THEN n.open_amount END)
	FROM made AS m JOIN dunning.notice AS n ON n.notice = m.notice;
	INSERT INTO twice SELECT concat_ws(' | ', which, m.customer, m.company, m.currency, m.payee, m.channel) FROM made AS m WHERE m.state = 'waiting' GROUP BY m.customer, m.company, m.currency, m.payee, m.channel HAVING count(*) > 1;
	DROP TABLE made;
END $$;
CREATE FUNCTION pg_temp.morning(which integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	-- some were sent, some failed for good, some wait; some can be reached now, some paid
	PERFORM CASE n.notice % 4 WHEN 0 THEN dunning.notice_failed(n.notice, '550', true) WHEN 1 THEN dunning.notice_failed(n.notice, '451') ELSE dunning.notice_sent(n.notice)::text END
	FROM dunning.notice AS n WHERE n.state = 'taken';
	UPDATE client SET email = coalesce(email, 'new' || id || '@x.example') WHERE random() < 0.2;
	UPDATE client SET adresse = 'autre ' || id WHERE random() < 0.1;
	PERFORM dunning.save_recipient('facture', n::text, 'N' || n, email => 'n' || n || '@x.example', address => n || ' allee') FROM generate_series(2 + which, 60, 13) AS n;
	INSERT INTO reglement SELECT f.id, f.montant, pg_temp.day(), NULL FROM facture AS f WHERE f.montant > 0 AND f.procedure <> 'bank' AND random() < 0.1;
	PERFORM pg_temp.invoices(which, 30);
END $$;

SELECT dunning.run_reminders(pg_temp.day(-2)), dunning.run_reminders(pg_temp.day(-1)) \g /dev/null
SELECT pg_temp.night(1) \g /dev/null
SELECT pg_temp.morning(1) \g /dev/null
SELECT pg_temp.night(2) \g /dev/null
INSERT INTO dunning.ledger_setting (ledger, netting) VALUES ('facture', 'none');
SELECT pg_temp.morning(2) \g /dev/null
SELECT pg_temp.night(3) \g /dev/null
SELECT bag_eq(format('SELECT line FROM seen WHERE night = %s AND shown', night), format('SELECT line FROM seen WHERE night = %s AND NOT shown', night), 'night ' || night || ': what was shown is what is made') FROM generate_series(1, 3) AS night;
SELECT cmp_ok((SELECT count(*) FROM seen WHERE shown AND night = k), '>', 12::bigint, 'many messages') FROM generate_series(1, 3) AS k;
SELECT cmp_ok((SELECT count(*) FROM seen WHERE shown AND line LIKE '%nobody%'), '>', 10::bigint, 'some reach nobody');
SELECT cmp_ok((SELECT count(*) FROM seen WHERE NOT shown AND line LIKE '%| in nl |%'), '>', 0::bigint, 'a language that was assigned goes before that of the ERP');
-- nobody gets two messages by one channel in one night because a step of an item reached nobody
SELECT is_empty('SELECT * FROM twice', 'one message for each payer and channel');
SELECT * FROM finish();
ROLLBACK;
