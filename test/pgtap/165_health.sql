-- The DBA's morning in one query.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();

CREATE FUNCTION pg_temp.found(topics text[] DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat_ws(' ', severity, topic, ledger, finding), ' | '), '-') FROM dunning.health() WHERE topics IS NULL OR topic = ANY (topics)
$$;
SELECT is(pg_temp.found(ARRAY['ledger', 'run']), 'notice ledger no ledger is adopted', 'nothing is adopted');
SELECT matches(pg_temp.found(ARRAY['setting']), '^notice setting dunning.time_zone is not set, .*log_timezone.*now ' || current_setting('log_timezone'), 'no time zone');
SET LOCAL dunning.time_zone = 'Europe/Paris';
SELECT is(pg_temp.found(ARRAY['setting']), '-', 'that one is set');

INSERT INTO dunning.procedure (name, procedure) VALUES ('ladder', '5 email fee 7.50 EUR; 15 letter');
INSERT INTO dunning.rule (name, rule) VALUES ('tenth', '10%');
CREATE TABLE facture (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric);
CREATE TABLE autre (LIKE facture INCLUDING ALL);
INSERT INTO facture SELECT k, 1, dunning.today() - 7, 100 FROM generate_series(1, 3) AS k;
INSERT INTO autre VALUES (1, 1, dunning.today() - 7, 100);
SELECT FROM dunning.adopt('facture', procedure => 'ladder', rule => 'tenth') \g /dev/null
SELECT is(pg_temp.found(), 'notice run there was no run yet', 'no run');
SELECT dunning.run_reminders() \g /dev/null
SELECT results_eq('SELECT * FROM dunning.health()', $$ VALUES ('ok', 'all', NULL::name, 'there is nothing to do', NULL) $$, 'a healthy database is one row');
SET LOCAL jit = on;
SELECT is((SELECT count(*) FROM dunning.health() WHERE finding LIKE '%(jit)%' AND what_to_do LIKE 'ALTER DATABASE % SET jit = off'), pg_jit_available()::integer::bigint, 'a server that compiles queries');
SET LOCAL jit = off;

-- runs that are missing
CREATE FUNCTION pg_temp.runs(days integer[], at interval, shift integer DEFAULT 0) RETURNS void LANGUAGE sql SET session_replication_role = replica AS $$
	DELETE FROM dunning.run_log WHERE kind = 'reminders';
	INSERT INTO dunning.run_log (as_of, started_at, finished_at)
	SELECT d.day, d.day + at, d.day + at + interval '1 minute'
	FROM generate_series(dunning.today() - 20, dunning.today() - shift, interval '1 day') AS d (day) WHERE extract(isodow FROM d.day) = ANY (days)
$$;
SET LOCAL TimeZone = 'Europe/Paris';
SELECT pg_temp.runs('{1,2,3,4,5,6,7}', '0 minutes') \g /dev/null
SELECT is(pg_temp.found(), 'ok all there is nothing to do', 'a run each day');
SELECT pg_temp.runs('{1,2,3,4,5,6,7}', '0 minutes', 2) \g /dev/null
SELECT is(pg_temp.found(), format('error run a run is missing since %s 01:00; the last one began on %s 00:00', to_char(dunning.today() - 1, 'YYYY-MM-DD'), to_char(dunning.today() - 2, 'YYYY-MM-DD')), 'one is missing');
-- on days on which there is never one none is missing
SELECT pg_temp.runs(ARRAY(SELECT d FROM generate_series(1, 7) AS d WHERE d NOT IN (extract(isodow FROM dunning.today()), extract(isodow FROM dunning.today() - 1))), '0 minutes', 1) \g /dev/null
SELECT is(pg_temp.found(), 'ok all there is nothing to do', 'a weekend');
SELECT pg_temp.runs(ARRAY[extract(isodow FROM dunning.today() - 8)::integer], '0 minutes', 3) \g /dev/null
SELECT is((SELECT count(*) FROM dunning.health() WHERE topic = 'run'), 0::bigint, 'two runs are no habit');

-- interrupted, refused
SELECT pg_temp.runs('{1,2,3,4,5,6,7}', '0 minutes') \g /dev/null
INSERT INTO dunning.run_log (as_of, pid) VALUES (dunning.today(), 0);
SELECT matches(pg_temp.found(), '^warning run run \d+, which began on [-0-9]+ [:0-9]+, was interrupted$', 'an interrupted run');
SELECT matches(what_to_do, '^CALL dunning.run\(''[-0-9]+''\) completes it\.$', 'what completes it') FROM dunning.health();
SELECT _dunning.run_lock() \g /dev/null
SET session_replication_role = replica; UPDATE dunning.run_log SET pid = pg_backend_pid() WHERE finished_at IS NULL; RESET session_replication_role;
SELECT is(pg_temp.found(), 'ok all there is nothing to do', 'a run that is working');
SELECT _dunning.run_unlock() \g /dev/null
SELECT dunning.run_reminders() \g /dev/null
SELECT is(pg_temp.found(), 'ok all there is nothing to do', 'an interrupted run that another one completed');
SELECT _dunning.run_refused(NULL, NULL) \g /dev/null
SELECT matches(pg_temp.found(), '^warning run 1 run\(s\) were refused since the last one, the last at .*; it was working: run \d+, role .+, process \d+, since [-0-9: ]+$', 'a refused run');
SELECT dunning.run_reminders() \g /dev/null
SELECT is(pg_temp.found(), 'ok all there is nothing to do', 'and a run after it');
SET session_replication_role = replica; DELETE FROM dunning.run_log; RESET session_replication_role;
SELECT _dunning.run_refused(NULL, NULL) \g /dev/null
SELECT matches(string_agg(finding, '; ' ORDER BY finding), '^1 run\(s\) were refused, the last at .*; it was working: .+; there was no run yet$', 'a first run that is refused') FROM dunning.health() WHERE topic = 'run';
SELECT dunning.run_reminders() \g /dev/null

-- pending for too long
SET session_replication_role = replica; UPDATE dunning.reminder SET raised_on = dunning.today() - 4 WHERE item IN ('1', '2'); RESET session_replication_role;
SELECT is(pg_temp.found(), format('warning pending facture 2 reminder(s) are pending for more than 3 day(s), the oldest since %s', to_char(dunning.today() - 4, 'YYYY-MM-DD')), 'pending for too long');
SELECT is((SELECT severity FROM dunning.health(4)), 'ok', 'or not, by the argument');
SET session_replication_role = replica; UPDATE dunning.reminder SET raised_on = dunning.today(); RESET session_replication_role;

-- unseen
DELETE FROM facture WHERE id = 3;
SELECT is(pg_temp.found(), 'warning unseen facture 1 pending reminder(s) are of items that were not found, and are neither sent nor withdrawn', 'unseen');
INSERT INTO facture VALUES (3, 1, dunning.today() - 7, 100);

-- items that are set aside, and later are not
INSERT INTO facture VALUES (4, 1, dunning.today() - 7, 'NaN');
SELECT dunning.run_reminders() \g /dev/null
SELECT matches(pg_temp.found(), '^warning run facture run \d+ of [-0-9]+ set 1 item\(s\) aside, such as 4: the open amount is not a number$', 'an item is set aside');
SELECT FROM dunning.claim_penalties() \g /dev/null
SELECT matches(pg_temp.found(ARRAY['claims']), '^warning claims facture run \d+ of [-0-9]+ set 1 item\(s\) aside, such as 4: ', 'of claims, too');
UPDATE facture SET solde = 5 WHERE id = 4;
SELECT dunning.run_reminders() \g /dev/null
SELECT FROM dunning.claim_penalties() \g /dev/null
SELECT is(pg_temp.found(), 'ok all there is nothing to do', 'the next runs say no more');

SELECT dunning.mark_reminder_sent(reminder, raised_on) FROM dunning.reminder \g /dev/null

-- claims that nobody books
SET session_replication_role = replica; UPDATE dunning.reminder SET raised_on = dunning.today() - 50, sent_on = dunning.today() - 50; RESET session_replication_role;
SELECT is(pg_temp.found(ARRAY['claims']), '-', 'claims were booked');
SET session_replication_role = replica; DELETE FROM dunning.run_log WHERE kind = 'claims'; RESET session_replication_role;
SELECT matches(pg_temp.found(ARRAY['claims']), '^warning claims facture no claims were ever booked, while reminders since [-0-9]+ name penalties$', 'no claims were booked');
INSERT INTO dunning.run_log (as_of, kind, finished_at) VALUES (dunning.today() - 40, 'claims', now());
SELECT matches(pg_temp.found(ARRAY['claims']), '^warning claims facture claims were booked last for [-0-9]+, while reminders since', 'or long ago');
SET session_replication_role = replica; UPDATE dunning.run_log SET as_of = dunning.today() WHERE kind = 'claims'; RESET session_replication_role;

-- a customer in credit: of 600 and 400 he has paid 1000 without saying what
CREATE TABLE compte (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric, devise text, societe text);
INSERT INTO compte VALUES (1, 7, dunning.today() - 7, 600, 'EUR', 'A'), (2, 7, dunning.today() - 7, 400, 'EUR', 'A'), (3, 8, dunning.today() - 7, 100, 'EUR', 'A'), (4, 8, dunning.today() + 7, 50, 'EUR', 'A');
SELECT FROM dunning.adopt('compte', procedure => 'ladder', rule => NULL, columns => '{"company": "societe", "currency": "devise"}') \g /dev/null
SELECT dunning.run_reminders() \g /dev/null
SELECT is(pg_temp.found(ARRAY['credit']), '-', 'nobody is in credit');
INSERT INTO compte VALUES (11, 7, dunning.today(), -999.99, 'EUR', 'A'), (12, 7, dunning.today(), -500, 'USD', 'A'), (13, 7, dunning.today(), -500, 'EUR', 'B'), (14, 9, dunning.today(), -500, 'EUR', 'A'),
	(15, 8, dunning.today(), -99.99, 'EUR', 'A');
SELECT is(pg_temp.found(ARRAY['credit']), '-', 'credits of another currency, company or customer are none of his');
UPDATE compte SET solde = -1000 WHERE id = 11;
SELECT results_eq($$ SELECT severity, ledger, finding, what_to_do FROM dunning.health() WHERE topic = 'credit' $$,
	$$ VALUES ('warning', 'compte'::name, '1 customer(s) have credits that are as high as what their pending reminders ask for, such as 7',
		'Allocate the credits to the invoices in the ERP, or choose a procedure that says "by customer", which sets them off.') $$, 'a customer in credit is reminded by item, which is told');
INSERT INTO dunning.ledger_setting (ledger, netting) VALUES ('compte', 'none');
SELECT is(pg_temp.found(ARRAY['credit']), '-', 'unless credits are not set off');
UPDATE dunning.ledger_setting SET netting = 'all' WHERE ledger = 'compte';
-- what the sentence says is true: by customer he is not reminded
INSERT INTO dunning.procedure (name, procedure) VALUES ('account', '5 email fee 7.50 EUR; 15 letter; by customer');
UPDATE dunning.ledger SET procedure = 'account' WHERE ledger = 'compte';
SELECT dunning.run_reminders() \g /dev/null
SELECT is(pg_temp.found(ARRAY['credit']), '-', 'not by customer');
SELECT is((SELECT array_agg(DISTINCT r.customer::text) FROM dunning.reminder AS r WHERE r.ledger = 'compte' AND r.state = 'pending'), '{8}', 'where he gets none');
SELECT dunning.release_ledger('compte') \g /dev/null
DELETE FROM dunning.procedure WHERE name = 'account';

-- rates
INSERT INTO dunning.reference_series (series, holds, description) VALUES ('mine', 'until changed', 'ours');
INSERT INTO dunning.reference_rate (series, effective_on, rate, known_until) VALUES ('mine', '2020-01-01', 5, dunning.today() + 20);
INSERT INTO dunning.rule (name, series) VALUES ('of_series', 'mine');
SELECT FROM dunning.adopt('autre', procedure => 'ladder', rule => 'of_series') \g /dev/null
SELECT matches(pg_temp.found(ARRAY['rate']), '^warning rate autre series "mine" has no rate for ', 'a rate will be missing');
UPDATE dunning.reference_rate SET known_until = dunning.today() - 20 WHERE series = 'mine';
SELECT matches(pg_temp.found(ARRAY['rate']), '^error rate autre series "mine" has no rate for ', 'a rate is missing');
UPDATE dunning.reference_rate SET known_until = dunning.today() + 200 WHERE series = 'mine';

-- ledgers
SELECT dunning.run_reminders() \g /dev/null
SELECT is(pg_temp.found(), 'ok all there is nothing to do', 'two ledgers');
SELECT dunning.release_ledger('autre', keep => true) \g /dev/null
SELECT matches(pg_temp.found(), '^notice released autre released on [-0-9]+ to be adopted again: 1 pending', 'a ledger waits');
SELECT FROM dunning.adopt('autre', procedure => 'ladder', rule => 'of_series') \g /dev/null
DROP TABLE autre CASCADE;
SELECT matches(pg_temp.found(), '^error ledger autre the items are gone$', 'a ledger is broken, and the others are looked at');
SELECT is((SELECT count(*) FROM dunning.health() WHERE what_to_do IS NULL), 0::bigint, 'what to do is said');
SELECT dunning.release_ledger('autre') \g /dev/null

-- access of a role that is gone
CREATE ROLE dunning_gone;
SELECT FROM dunning.grant_access('dunning_gone', 'collector', company => 'A') \g /dev/null
DROP OWNED BY dunning_gone;
DROP ROLE dunning_gone;
SELECT matches(pg_temp.found(), '^notice access access of level "collector" was granted to a role that is gone, of number \d+$', 'a role that is gone');
DO $$ DECLARE statement text; BEGIN SELECT what_to_do INTO statement FROM dunning.health() WHERE topic = 'access'; EXECUTE statement; END $$;
SELECT is(pg_temp.found(), 'ok all there is nothing to do', 'whose row is deleted as it is said');

-- a part that fails
CREATE FUNCTION pg_temp.without_right() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	CREATE ROLE dunning_half;
	PERFORM FROM dunning.grant_access('dunning_half', 'viewer');
	GRANT SELECT ON facture TO dunning_half;
	REVOKE SELECT ON dunning.reminder FROM dunning_half;
	SET LOCAL ROLE dunning_half;
	RETURN (SELECT string_agg(DISTINCT concat_ws(' ', severity, topic, finding, what_to_do), ' | ') FROM dunning.health() WHERE topic = 'pending');
END $$;
SELECT is(pg_temp.without_right(), 'error pending cannot be looked at: permission denied for table reminder Grant it the access: SELECT * FROM dunning.grant_access(''dunning_half'', ''viewer'')', 'a part that fails hides no other');

SELECT * FROM finish();
ROLLBACK;
