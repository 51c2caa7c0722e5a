-- Forgetting a customer: nothing of him is left but in the archive, and everything adds up as before.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();
SET LOCAL dunning.time_zone = 'UTC';
CREATE FUNCTION pg_temp.said(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

CREATE TABLE client (id text PRIMARY KEY, nom text, email text, tel text, langue text);
CREATE TABLE facture (id integer PRIMARY KEY, client text REFERENCES client, date_facture date, date_echeance date, total numeric, devise text DEFAULT 'EUR');
CREATE TABLE reglement (id integer GENERATED ALWAYS AS IDENTITY, facture integer, montant numeric, date_reglement date);
INSERT INTO client VALUES ('KUNDE-77', 'Zyxwv Quimper', 'zyx@quimper.example', '+33 2 98 11 22 33', 'fr'), ('C2', 'Other', 'o@example.com', '5', 'en');
INSERT INTO facture VALUES (1, 'KUNDE-77', '2025-01-02', '2025-02-01', 1000.00), (2, 'KUNDE-77', '2025-02-03', '2025-03-05', 2000.00), (3, 'C2', '2025-02-03', '2025-03-05', 20.00);
INSERT INTO reglement (facture, montant, date_reglement) VALUES (1, 400.00, '2025-03-01');
INSERT INTO dunning.rule (name, rule) VALUES ('twelve', '12.00%; compensation 40.00 EUR if professional');
SELECT FROM dunning.adopt('facture', columns => '{"key": "id", "customer": "client", "issued_on": "date_facture", "due_on": "date_echeance", "amount": "total", "currency": "devise",
	"payments": {"table": "reglement", "item": "facture", "amount": "montant", "date": "date_reglement"}, "customers": {"table": "client", "key": "id", "name": "nom", "email": "email", "phone": "tel", "language": "langue"}}',
	procedure => 'standard', rule => 'twelve') \g /dev/null
-- all kinds of facts, each with his name in its texts
SELECT dunning.run_reminders('2025-03-20', 'facture') \g /dev/null
SELECT dunning.make_notices('facture') \g /dev/null
SELECT is((SELECT count(*) FROM dunning.notice WHERE customer = 'KUNDE-77'), 1::bigint, 'a message is to be sent');
SELECT dunning.mark_reminder_sent(min(reminder), '2025-03-20') FROM dunning.reminder WHERE item = '1' \g /dev/null
SELECT dunning.cancel_reminder(min(reminder), 'Zyxwv Quimper called') FROM dunning.reminder WHERE item = '2' \g /dev/null
SELECT dunning.log_contact('facture', 'KUNDE-77', 'call', note => 'Zyxwv Quimper is ill', with_whom => 'Zyxwv Quimper', promised => 5, promised_for => '2099-01-01') \g /dev/null
SELECT dunning.log_contact('facture', NULL, 'reply', items => '{1}', note => 'Zyxwv Quimper disputes', disputed => 7, person_in_charge => 'Zyxwv Quimper') \g /dev/null
SELECT dunning.hold_customer('facture', 'KUNDE-77', 'insolvency', '2025-04-01', note => 'zyx@quimper.example') AS held \gset
SELECT dunning.release_hold(:held, 'Zyxwv Quimper paid', '2025-05-01') \g /dev/null
SELECT dunning.agree_plan('facture', '{2}', '2099-01-01', 2, agreed_by => 'Zyxwv Quimper') \g /dev/null
SELECT dunning.note_handover_return((dunning.hand_over('facture', '{1}', 'Me Roux', 'bailiff', note => 'Zyxwv Quimper moved'))[1], 5, note => '+33 2 98 11 22 33') \g /dev/null
SELECT dunning.insolvency('KUNDE-77', '2025-06-01', ledger => 'facture', note => 'Zyxwv Quimper') \g /dev/null
SELECT dunning.einvoice_event('facture', '2', '211', '2025-04-01', note => 'Zyxwv Quimper') \g /dev/null
SELECT dunning.save_recipient('facture', 'KUNDE-77', 'Zyxwv Quimper', email => 'zyx@quimper.example') \g /dev/null
SELECT FROM dunning.claim_penalties('2025-06-30', 'facture') \g /dev/null
SELECT dunning.set_claim_state(min(claim), 'waived', 'Zyxwv Quimper is poor') FROM dunning.claim WHERE item = '1' \g /dev/null

-- every text of every table of the extension
CREATE FUNCTION pg_temp.found(pattern text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	t regclass;
	n bigint;
BEGIN
	FOR t IN SELECT c.oid FROM pg_class AS c WHERE c.relnamespace IN ('dunning'::regnamespace, '_dunning'::regnamespace) AND c.relkind = 'r' AND c.oid <> 'dunning.archive'::regclass ORDER BY c.relname LOOP
		EXECUTE format('SELECT count(*) FROM %s AS t WHERE to_jsonb(t)::text ~ $1', t) INTO n USING pattern;
		IF n > 0 THEN
			RETURN NEXT t || ' ' || n;
		END IF;
	END LOOP;
END $$;
SELECT cmp_ok((SELECT count(*) FROM pg_temp.found('Zyxwv|quimper|98 11 22|KUNDE-77')), '>=', 10::bigint, 'he is in many tables');
SELECT is(pg_temp.said($$ SELECT dunning.forget_customer('facture', 'KUNDE-77', 'asked for it') $$), '55000: customer "KUNDE-77" cannot be forgotten while his account is open', 'not while he owes something');
INSERT INTO reglement (facture, montant, date_reglement) VALUES (1, 600.00, '2025-07-01'), (2, 2000.00, '2025-07-01');
SELECT is(pg_temp.said(a), e, a) FROM (VALUES ('SELECT dunning.forget_customer(NULL, ''KUNDE-77'', ''x'')', '22004: the ledger of a hold is missing'), ('SELECT dunning.forget_customer(''nowhere'', ''KUNDE-77'', ''x'')', '42704: ledger "nowhere" does not exist'),
	('SELECT dunning.forget_customer(''facture'', NULL, ''x'')', '22004: the key of the customer is missing'), ('SELECT dunning.forget_customer(''facture'', ''C9'', ''x'')', '42704: customer "C9" has no item in ledger "facture"'),
	('SELECT dunning.forget_customer(''facture'', ''KUNDE-77'', '' '')', '22023: a reason is needed to forget a customer')) AS v (a, e);
SAVEPOINT on_its_way;
INSERT INTO dunning.notice (ledger, customer, channel, level, step, step_channel, state, ready_at) VALUES ('facture', 'KUNDE-77', 'email', 1, '5', 'email', 'taken', pg_catalog.now() + interval '10 minutes');
SELECT is(pg_temp.said($$ SELECT dunning.forget_customer('facture', 'KUNDE-77', 'asked for it') $$), '55000: customer "KUNDE-77" cannot be forgotten while a message to him is on its way', 'not while a sender has a message to him in hand');
ROLLBACK TO on_its_way;
SELECT FROM dunning.claim_penalties('2025-08-01', 'facture') \g /dev/null
CREATE TEMP TABLE booked AS SELECT item, kind, sum(amount) AS amount FROM dunning.claim GROUP BY 1, 2;
CREATE TEMP TABLE others AS SELECT to_jsonb(m)::text AS row FROM dunning.reminder AS m WHERE item = '3';
CREATE TEMP TABLE done AS SELECT * FROM dunning.forget_customer('facture', 'KUNDE-77', 'asked for it');
SELECT is_empty($$ SELECT pg_temp.found('Zyxwv|quimper|98 11 22|KUNDE-77') $$, 'nothing of him is left');
SELECT is((SELECT string_agg(relation::text, ' ' ORDER BY relation) FROM done), 'claim contact einvoice_log handover handover_return hold insolvency notice plan promise recipient reminder', 'the tables that had something');
SELECT is((SELECT count(*) FROM dunning.archive WHERE fact::text ~ 'KUNDE-77') > 5 AND NOT EXISTS (SELECT FROM dunning.archive WHERE fact::text ~ 'is ill'), true, 'the books are in the archive, what was said is not');
SELECT is((SELECT count(*) FROM dunning.archive WHERE keep_until <> ((pg_catalog.now() AT TIME ZONE 'UTC')::date + interval '10 years')::date), 0::bigint, 'for ten years');
-- the same is owed, nothing is booked twice, no step comes again
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2025-08-01', 'facture') $$, 'nothing is booked again');
SELECT results_eq($$ SELECT item::text, kind, sum(amount) FROM dunning.claim GROUP BY 1, 2 ORDER BY 1, 2 $$, $$ SELECT item::text, kind, amount FROM booked ORDER BY 1, 2 $$, 'what was booked stays');
SELECT results_eq($$ SELECT to_jsonb(m)::text FROM dunning.reminder AS m WHERE item = '3' $$, 'SELECT row FROM others', 'others are as they were');
SELECT is((SELECT count(*) FROM dunning.run_reminders('2025-08-02', 'facture')), 1::bigint, 'a run works');
-- facts are kept from everybody else, the archive too
SELECT dunning.hold_item('facture', '3', 'manual') \g /dev/null
SELECT alike(pg_temp.said('DELETE FROM dunning.hold WHERE item = ''3'''), '55000: hold % cannot be deleted', 'facts of others stay');
SELECT alike(pg_temp.said(a), '55000: archive % cannot be ' || e, a) FROM (VALUES ('DELETE FROM dunning.archive', 'deleted'), ('UPDATE dunning.archive SET fact = NULL WHERE fact IS NOT NULL', 'changed in this way')) AS v (a, e);
SELECT alike(pg_temp.said($$ UPDATE dunning.reminder SET customer_name = NULL WHERE item = '3' $$), '55000: reminder % cannot be changed in this way', 'and are not emptied');
CREATE ROLE dunning_sees;
CREATE ROLE dunning_runs;
SELECT FROM dunning.grant_access('dunning_runs', 'runner');
SET LOCAL ROLE dunning_runs;
SELECT alike(pg_temp.said('SELECT * FROM dunning.archive'), '42501: permission denied%', 'a runner does not read the archive');
SELECT alike(pg_temp.said('SELECT dunning.forget_customer(''facture'', ''C2'', ''x'')'), '42501: permission denied%', 'and forgets nobody');
RESET ROLE;
SELECT is(dunning.prune_archive(), 0::bigint, 'nothing is old');
INSERT INTO dunning.archive (relation, ledger, reason, keep_until) VALUES ('contact', 'facture', 'x', '2020-01-01');
SELECT is(dunning.prune_archive(), 1::bigint, 'what is old goes');
-- a shorter time of one's own, for an admin
INSERT INTO dunning.retention (kind, kept_for) VALUES ('books', '6 years');
CREATE ROLE dunning_admins;
GRANT SELECT ON client, facture, reglement TO dunning_admins;
GRANT USAGE ON SCHEMA public TO dunning_admins;
SELECT FROM dunning.grant_access('dunning_admins', 'admin');
INSERT INTO reglement (facture, montant, date_reglement) VALUES (3, 20.00, '2025-07-01');
SET LOCAL ROLE dunning_admins;
SELECT is(pg_temp.said($$ SELECT dunning.forget_customer('facture', 'C2', 'asked for it') $$), 'ok', 'an admin forgets a customer');
RESET ROLE;
SELECT is((SELECT string_agg(DISTINCT (extract(year FROM keep_until) - extract(year FROM pg_catalog.now() AT TIME ZONE 'UTC'))::text, ' ') FROM dunning.archive WHERE fact ->> 'customer' = 'C2'), '6', 'for six years');
SELECT is_empty($$ SELECT pg_temp.found('example\.com|"C2"') $$, 'nothing of him is left');

-- what is old goes, of everybody
SELECT is((SELECT string_agg(kind || ' ' || kept_for, ', ' ORDER BY kind) FROM dunning.retention WHERE shipped), 'books 10 years, contacts 5 years, notices 5 years, runs 1 year', 'how long what is kept');
INSERT INTO dunning.notice (ledger, customer, channel, level, step, step_channel, state, sent_on, sent_at, made_at) SELECT 'facture', s, 'email', 1, '5', 'email', s, CASE s WHEN 'sent' THEN d END, CASE s WHEN 'sent' THEN d + time '12:00' END, d
	FROM (SELECT s, ((pg_catalog.now() AT TIME ZONE 'UTC')::date - interval '5 years')::date + k AS d FROM unnest(ARRAY['sent', 'withdrawn', 'waiting', 'set_aside']) AS s, generate_series(-1, 0) AS k) AS v;
INSERT INTO dunning.notice_reminder (notice, reminder, ledger, removed) SELECT notice, -notice, ledger, 'x' FROM dunning.notice WHERE customer IN ('sent', 'withdrawn', 'waiting', 'set_aside');
INSERT INTO dunning.contact (ledger, customer, kind, on_day, by_whom, next_on) SELECT 'facture', 'old', 'note', d - 1, 'x', n FROM (SELECT ((pg_catalog.now() AT TIME ZONE 'UTC')::date - interval '5 years')::date AS d) AS v, LATERAL unnest(ARRAY[NULL, d - 1, d]) AS n;
INSERT INTO dunning.run_log (as_of, ledger, kind, started_at, finished_at) VALUES ('2020-01-01', 'facture', 'reminders', pg_catalog.now() - interval '1 year 1 day', pg_catalog.now() - interval '1 year 1 day');
SELECT alike(pg_temp.said('DELETE FROM dunning.notice WHERE state = ''waiting'''), '55000: notice % cannot be deleted', 'what waits stays');
SELECT alike(pg_temp.said('DELETE FROM dunning.contact WHERE next_on IS NOT NULL'), '55000: contact % cannot be deleted', 'and what is to be done');
SELECT results_eq($$ SELECT p.kind, p.deleted FROM dunning.prune() AS p WHERE p.kind <> 'runs' $$, $$ VALUES ('books', 0::bigint), ('notices', 2), ('contacts', 2) $$, 'what was sent or withdrawn, and what was said, before five years ago');
SELECT is((SELECT string_agg(customer::text, ' ' ORDER BY customer) FROM dunning.notice WHERE customer IN ('sent', 'withdrawn', 'waiting', 'set_aside')), 'sent set_aside set_aside waiting waiting withdrawn', 'the rest stays');
SELECT is((SELECT count(*) FROM dunning.notice_reminder WHERE reminder < 0), 6::bigint, 'with its reminders');
SELECT is((SELECT count(*) FROM dunning.run_log WHERE as_of = '2020-01-01'), 0::bigint, 'an old run that wrote nothing goes');
INSERT INTO dunning.retention (kind, kept_for) VALUES ('notices', '1 year');
SET LOCAL ROLE dunning_admins;
SELECT is((SELECT p.deleted FROM dunning.prune() AS p WHERE p.kind = 'notices'), 2::bigint, 'sooner by a row of one''s own');
RESET ROLE;
SET LOCAL ROLE dunning_runs;
SELECT alike(pg_temp.said('SELECT dunning.prune()'), '42501: permission denied%', 'not by a runner');
RESET ROLE;

-- who pays for others
CREATE TABLE site (id integer PRIMARY KEY, nom text, email text, payeur integer);
INSERT INTO site VALUES (1, 'Site Un', NULL, 9), (9, 'Siege Wvut', 'wvut@x.example', NULL);
CREATE TABLE vente (id integer PRIMARY KEY, site integer, echeance date, solde numeric);
INSERT INTO vente SELECT s.id, s.id, _dunning.real_day() - 20, 50 FROM site AS s;
SELECT FROM dunning.adopt('vente', procedure => 'standard', rule => NULL, columns => '{"key": "id", "customer": "site", "due_on": "echeance", "open_amount": "solde", "currency": "EUR",
	"customers": {"table": "site", "key": "id", "name": "nom", "email": "email", "payer": "payeur"}}') \g /dev/null
SELECT dunning.run_reminders(ledger => 'vente'), dunning.make_notices('vente') \g /dev/null
UPDATE vente SET solde = 0 WHERE site = 9;
SELECT is(pg_temp.said($$ SELECT dunning.forget_customer('vente', '9', 'asked for it') $$), '55000: customer "9" cannot be forgotten while he pays for customer "1"', 'not while messages to him ask for what another one owes');
SELECT is((SELECT count(*) FROM dunning.notice WHERE ledger = 'vente' AND customer = '9'), 1::bigint, 'which stay');
UPDATE vente SET solde = 0;
SELECT is(pg_temp.said($$ SELECT dunning.forget_customer('vente', '9', 'asked for it') $$), 'ok', 'then he is forgotten');
SELECT is((SELECT string_agg(concat_ws(' ', m.item, m.customer, m.customer_name, m.payer, m.payer_name, m.email), ', ' ORDER BY m.item) FROM dunning.reminder AS m WHERE m.ledger = 'vente'), '1 1 Site Un, 9', 'and who he paid for is not');
SELECT is_empty($$ SELECT pg_temp.found('[Ww]vut') $$, 'nothing of him is left');
SELECT is_empty($$ SELECT FROM dunning.notice_reminder AS l WHERE l.ledger = 'vente' $$, 'no message that is gone has a reminder');

SELECT * FROM finish();
ROLLBACK;
