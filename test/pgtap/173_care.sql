-- Write-offs, tolerances, statements that are too old, and amounts that are held.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL dunning.time_zone = 'UTC';
SET LOCAL datestyle = 'ISO, YMD';
SELECT no_plan();

CREATE FUNCTION pg_temp.said(statement text, role name DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', coalesce(role, current_user));
	EXECUTE statement INTO answer;
	RESET ROLE;
	RETURN coalesce(answer, '-');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
-- the work list of a day: state, reason, what is held, channel of the step
CREATE FUNCTION pg_temp.listed(of_item text, day date) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM set_config('dunning.today', day::text, true);
	SELECT concat_ws(' ', w.state, coalesce(w.reason_name, w.reason), w.held_amount, w.channel, w.problem) INTO answer FROM dunning.worklist AS w WHERE w.item = of_item::dunning.item_key;
	PERFORM set_config('dunning.today', '', true);
	RETURN coalesce(answer, '-');
END $$;
CREATE FUNCTION pg_temp.now() RETURNS date LANGUAGE sql AS 'SELECT (pg_catalog.now() AT TIME ZONE ''UTC'')::date';
CREATE FUNCTION pg_temp.raised(day date) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	last CONSTANT bigint := (SELECT coalesce(max(reminder), 0) FROM dunning.reminder);
BEGIN
	PERFORM dunning.run_reminders(day, 'f');
	RETURN coalesce((SELECT string_agg(r.item || ' ' || r.channel, ', ' ORDER BY r.item) FROM dunning.reminder AS r WHERE r.reminder > last), '-');
END $$;

INSERT INTO dunning.procedure (name, procedure) VALUES ('p', '5 email; 15 phone manual; 25 letter; wait 3');
INSERT INTO dunning.rule (name, rule) VALUES ('r', '10%; compensation 40.00 EUR');
CREATE TABLE f (id text PRIMARY KEY, client integer, issued_on date, due_on date, amount numeric, currency text, company text);
CREATE TABLE p (invoice text, paid_on date, amount numeric);
INSERT INTO f VALUES ('A', 1, '2026-01-01', '2026-03-01', 1000, 'EUR', 'X'), ('B', 2, '2026-01-01', '2026-03-01', 3, 'EUR', 'X'), ('C', 3, '2026-01-01', '2026-03-01', 500, 'USD', 'Y'), ('D', 1, '2026-01-01', '2026-03-01', 200, 'EUR', 'Y');
SELECT FROM dunning.adopt('f', columns => '{"key": "id", "customer": "client", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount", "currency": "currency", "company": "company",
	"payments": {"table": "p", "item": "invoice", "date": "paid_on", "amount": "amount"}}', procedure => 'p', rule => 'r') \g /dev/null

--
-- Tolerance
--
INSERT INTO dunning.tolerance (currency, amount) VALUES ('EUR', 5);
SELECT is(pg_temp.listed('B', '2026-03-10'), 'held tolerance 0 email', 'below the tolerance');
SELECT is(pg_temp.listed('A', '2026-03-10'), 'due due_date 0 email', 'above');
INSERT INTO dunning.tolerance VALUES ('f', 'EUR', 2), ('f', 'USD', 1000);
SELECT is(pg_temp.listed('B', '2026-03-10'), 'due due_date 0 email', 'the ledger''s own goes first');
SELECT is(pg_temp.listed('C', '2026-03-10'), 'held tolerance 0 email', 'by currency');
DELETE FROM dunning.tolerance WHERE ledger = 'f' AND currency = 'EUR';
SELECT results_eq($$ SELECT about, what FROM dunning.why('f', 'B', '2026-03-10') WHERE about IN ('state', 'reason') $$,
	$$ VALUES ('state', 'Reminders are stopped: Below the tolerance, and nobody said until when'), ('reason', 'Amount to be asked for: €3.00; the tolerance is €5.00') $$, 'why');
SELECT is((SELECT what FROM dunning.why('f', 'B', '2026-03-10', 'fr') WHERE about = 'state'), 'Relances suspendues : Sous le seuil de tolérance, sans fin prévue', 'pourquoi');
SELECT is(pg_temp.raised('2026-03-10'), 'A email, D email', 'nothing is raised below it');
SELECT results_eq($$ SELECT currency, steps, amount FROM dunning.back_test('5 email', '2026-03-01', '2026-03-31', 'f') $$, $$ VALUES ('EUR', 2::bigint, 1200::numeric) $$, 'nor by a back-test');
SAVEPOINT held;
SELECT dunning.hold_item('f', 'D', 'dispute', '2026-03-02', amount => 200) \g /dev/null
SELECT results_eq($$ SELECT currency, steps, amount FROM dunning.back_test('5 email', '2026-03-01', '2026-03-31', 'f') $$, $$ VALUES ('EUR', 1::bigint, 1000::numeric) $$, 'which knows amounts that are held, too');
ROLLBACK TO held;
SELECT is(pg_temp.said($$ INSERT INTO dunning.tolerance VALUES ('f', 'GBP', -1) $$) ~ '^23514', true, 'an amount above zero');

--
-- Write-offs
--
SELECT matches(pg_temp.said($$ SELECT dunning.write_off('f', 'D', ' ') $$), '^22023: a reason is needed', 'a reason is needed');
SELECT matches(pg_temp.said(format($$ SELECT dunning.write_off('f', 'D', 'x', %L) $$, pg_temp.now() + 1)), '^22023: an item cannot be written off', 'no day to come');
SELECT matches(pg_temp.said($$ SELECT dunning.write_off('f', 'Z', 'x') $$), '^42704: item "Z"', 'an item that is there');
SELECT dunning.claim_penalties('2026-03-12') \g /dev/null
SELECT dunning.write_off('f', 'D', 'dissolved', '2026-03-15') AS d \gset
SELECT is((SELECT concat_ws(' ', h.reason, h.note, h.from_day, h.noted_by = session_user) FROM dunning.hold AS h WHERE h.hold = :d), 'write_off dissolved 2026-03-15 t', 'a fact with its author');
SELECT is(pg_temp.listed('D', '2026-03-14'), 'scheduled due_date 0 phone', 'the day before it was in the process');
SELECT is(pg_temp.listed('D', '2026-03-16'), 'held write_off 0 phone', 'then it has left it');
SELECT results_eq($$ SELECT w.late_interest, w.compensation FROM unnest('{2026-03-14,2026-03-31}'::date[]) AS d CROSS JOIN LATERAL dunning.worklist_as_of(d) AS w WHERE w.item = 'D' ORDER BY d $$,
	'VALUES (0.71, 40.00), (0.00, 0.00)', 'and the work list asks for nothing more, as the claims');
SELECT is(pg_temp.raised('2026-03-30'), 'A phone', 'no reminder');
SELECT is((SELECT state || ': ' || reason FROM dunning.reminder WHERE item = 'D'), 'cancelled: held', 'what was pending is withdrawn');
SELECT dunning.claim_penalties('2026-03-31') \g /dev/null
SELECT is((SELECT sum(amount) FILTER (WHERE kind = 'interest') || ' ' || max(as_of) FROM dunning.claim WHERE item = 'D'), '0.60 2026-03-12', 'no claim: eleven days of March, and what was claimed stays');
SELECT is((SELECT count(*) FROM dunning.claim WHERE item = 'A' AND as_of = '2026-03-31'), 1::bigint, 'others go on');
SELECT results_eq($$ SELECT r.total, r.items FROM dunning.aged_balance_report('2026-03-31', '30', 'total', 'f', written_off => true) AS r $$, $$ VALUES (200::numeric, 1::bigint) $$, 'reports show it apart');
SELECT is((SELECT sum(r.total) FROM dunning.aged_balance_report('2026-03-31', '30', 'total', 'f', written_off => false) AS r), 1503::numeric, 'or leave it out');
SELECT is((SELECT sum(r.total) FROM dunning.aged_balance_report('2026-03-31', '30', 'total', 'f') AS r), 1703::numeric, 'or have it like all others');
SELECT is((SELECT sum(r.total) FROM dunning.aged_balance_report('2026-03-14', '30', 'total', 'f', written_off => true) AS r), NULL, 'on the day before it was not');
SELECT set_eq($$ SELECT o.item::text, o.open_amount FROM generate_series(0, 1) AS b CROSS JOIN LATERAL dunning.aged_items('2026-03-31', b, '30', 'f', written_off => true) AS o $$, $$ VALUES ('D', 200::numeric) $$, 'its items');
SELECT set_eq($$ SELECT s.as_of, s.total FROM dunning.aged_balance_series('2026-02-28', '2026-04-30', '1 month', '30', 'total', 'f', written_off => true) AS s $$,
	$$ VALUES (date '2026-03-31', 200::numeric), ('2026-04-30', 200) $$, 'and its months');
SELECT dunning.write_off('f', 'A', 'half', '2026-03-31', amount => 400) AS a \gset
SELECT set_eq($$ SELECT o.item::text, o.open_amount FROM generate_series(0, 1) AS b CROSS JOIN LATERAL dunning.aged_items('2026-03-31', b, '30', 'f', written_off => true) AS o $$,
	$$ VALUES ('D', 200::numeric), ('A', 400) $$, 'an amount, too');
SELECT is((SELECT sum(r.total) FROM dunning.aged_balance_report('2026-03-31', '30', 'total', 'f', written_off => false) AS r), 1103::numeric, 'the rest stays');
SELECT dunning.release_hold(:a, 'a mistake', '2026-03-31') \g /dev/null
SELECT dunning.release_hold(:d, 'he pays', '2026-04-10') \g /dev/null
SELECT is(pg_temp.listed('D', '2026-04-11'), 'due due_date 0 email', 'taken back, it is in the process again');
SELECT dunning.claim_penalties('2026-04-20') \g /dev/null
SELECT is((SELECT sum(amount) FROM dunning.claim WHERE item = 'D' AND kind = 'interest'), round(200 * 0.1 * (13 + 11) / 365, 2), 'and bears interest on the days that were not written off');

--
-- Statements
--
INSERT INTO dunning.ledger_setting (ledger, statements_within) VALUES ('f', '2 business days');
SELECT is(pg_temp.said($$ UPDATE dunning.ledger_setting SET statements_within = 'soon' $$) ~ '^23514', true, 'days, or business days');
SELECT is(pg_temp.listed('D', '2026-04-13'), 'held statements 0 email', 'nobody said anything');
SELECT is((SELECT string_agg(what, ' | ') FROM unnest(ARRAY['en', 'fr']) AS l CROSS JOIN LATERAL dunning.why('f', 'D', '2026-04-13', l) WHERE about = 'reason'),
	'No bank statements are loaded, and they are needed through 9 April 2026 | Aucun relevé bancaire n''est chargé ; il les faut jusqu''au 09/04/2026', 'and why says so');
SELECT dunning.statements_loaded('f', '2026-04-09', on_day => '2026-04-10') \g /dev/null
SELECT is(pg_temp.listed('D', '2026-04-13'), 'due due_date 0 email', 'loaded through Thursday, two business days before Monday');
SELECT is(pg_temp.listed('D', '2026-04-14'), 'held statements 0 email', 'not enough for Tuesday');
SELECT is(pg_temp.listed('D', '2026-04-09'), 'held write_off 0 email', 'another hold goes on');
SELECT dunning.statements_loaded('f', '2026-04-13', 'X', on_day => '2026-04-14') \g /dev/null
SELECT is(pg_temp.listed('D', '2026-04-14'), 'held statements 0 email', 'of another company');
SELECT is(pg_temp.listed('A', '2026-04-14'), 'due phone 0 letter', 'this one is fresh');
SELECT is(pg_temp.raised('2026-04-14'), 'A letter', 'a run raises for the company whose statements are loaded');
SELECT results_eq($$ SELECT q.message, q.topic, q.items FROM dunning.run_problem AS q WHERE q.run = (SELECT max(run) FROM dunning.run_log) $$,
	$$ VALUES ('nothing automatic is raised for company "Y": bank statements are loaded through 2026-04-09, and 2026-04-10 is needed', 'statements Y', 2) $$, 'and says so of the other one, once');
SELECT is((SELECT string_agg(DISTINCT substring(o.message FROM 'bank.*'), '; ') FROM _dunning.old_statements('f', '2026-04-07') AS o),
	'bank statements are not loaded, and 2026-04-03 is needed', 'of a day for which nobody said anything');
SELECT is((SELECT h.severity || ' ' || h.topic || ' ' || h.what_to_do FROM dunning.health(1000) AS h WHERE h.topic = 'statements'), 'warning statements Load the statements, then SELECT dunning.statements_loaded(''f'', until_day, ''Y'').', 'so does health');
SELECT results_eq($$ SELECT what FROM dunning.why('f', 'D', '2026-04-14') WHERE about IN ('state', 'reason') $$,
	$$ VALUES ('Reminders are stopped: Bank statements are too old, and nobody said until when'), ('Bank statements are loaded through 9 April 2026, and are needed through 10 April 2026') $$, 'why');
SELECT is((SELECT what FROM dunning.why('f', 'D', '2026-04-14', 'fr') WHERE about = 'reason'), 'Relevés bancaires chargés jusqu''au 09/04/2026 ; il les faut jusqu''au 10/04/2026', 'pourquoi');
SELECT dunning.statements_loaded('f', '2026-04-14', 'Y', on_day => '2026-04-14') \g /dev/null
SELECT is(pg_temp.raised('2026-04-14'), 'D email', 'loaded, it is raised');
SELECT dunning.statements_loaded('f', '2026-04-01', 'Y', on_day => '2026-04-14', note => 'not that one') \g /dev/null
SELECT is(pg_temp.listed('D', '2026-04-28'), 'due email 0 phone', 'a step that a person takes goes on, whatever is loaded');
SELECT is(pg_temp.listed('C', '2026-04-14'), 'held tolerance 0 email', 'a tolerance is told first');
SELECT matches(pg_temp.said(format($$ SELECT dunning.statements_loaded('f', %L) $$, pg_temp.now() + 1)), '^22023: statements cannot be loaded', 'no day to come');
SELECT matches(pg_temp.said($$ SELECT dunning.statements_loaded('g', '2026-01-01') $$), '^42704', 'an unknown ledger');
SELECT matches(pg_temp.said($$ SELECT dunning.statements_loaded('f', '2026-01-01', '') $$), '^22023: a company without a name', 'nor a company without a name');
SELECT matches(pg_temp.said($$ SELECT dunning.statements_loaded('f', NULL) $$), '^22004', 'a day is needed');
INSERT INTO dunning.holiday_calendar (name, calendar) VALUES ('week', 'sun');
UPDATE dunning.ledger SET calendar = 'week' WHERE ledger = 'f';
SELECT is(_dunning.statements_needed('f', '2026-04-13'), date '2026-04-10', 'the calendar of the ledger says what a business day is');
UPDATE dunning.ledger SET calendar = NULL WHERE ledger = 'f';
DELETE FROM dunning.ledger_setting;

--
-- Amounts that are held
--
INSERT INTO f SELECT k, 9, '2026-01-01', '2026-03-01', 100, 'EUR', 'X' FROM unnest(ARRAY['K', 'L', 'M', 'N', 'O']) AS k;
INSERT INTO dunning.hold_reason (name, label_en, stops, then_do) VALUES ('auto', 'Auto', 'automatic', 'continue'), ('again', 'Again', 'all', 'restart'), ('later', 'Later', 'all', 'wait');
SELECT dunning.hold_item('f', 'K', 'later', '2026-03-01', '2026-03-09', amount => 40) \g /dev/null
SELECT is(pg_temp.listed('K', '2026-03-08'), 'due due_date 40 email', 'the rest is reminded');
SELECT is(pg_temp.listed('K', '2026-03-10'), 'scheduled later 0 email', 'after an amount the wait begins again');
SELECT is(pg_temp.listed('K', '2026-03-12'), 'due later 0 email', 'for three days');
SELECT dunning.hold_item('f', 'L', 'auto', '2026-03-01', amount => 100) \g /dev/null
SELECT is(pg_temp.listed('L', '2026-03-10'), 'held auto 100 email', 'all of it is held, with the reason of the amount');
INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, state, sent_on, channel) VALUES ('f', 'L', '5', 1, '2026-03-06', 'sent', '2026-03-06', 'email'), ('f', 'M', '5', 1, '2026-03-06', 'sent', '2026-03-06', 'email');
SELECT is(pg_temp.listed('L', '2026-03-20'), 'due due_date 0 phone', 'a person still calls, about all of it');
SELECT dunning.hold_item('f', 'M', 'again', '2026-03-10', '2026-03-12', amount => 10) \g /dev/null
SELECT is(pg_temp.listed('M', '2026-03-11'), 'scheduled due_date 10 phone', 'meanwhile');
SELECT is(pg_temp.listed('M', '2026-03-13'), 'due due_date 0 email', 'after it the procedure begins again');
SELECT dunning.hold_item('f', 'N', 'suspended', '2026-03-01', amount => 60), dunning.hold_item('f', 'N', 'dispute', '2026-03-01', amount => 40) \g /dev/null
SELECT is(pg_temp.listed('N', '2026-03-10'), 'held suspended 100 email', 'of two the larger one says why');

-- more than a history can hold
INSERT INTO dunning.hold (ledger, item, reason, from_day, until_day, stops, then_do, interest_runs, interest_claimed, counts_as_overdue)
SELECT 'f', 'O', 'manual', date '2020-01-01' + n, date '2020-01-01' + n, 'all', 'continue', true, true, true FROM generate_series(1, 1001) AS n;
SELECT is(pg_temp.listed('O', '2026-03-10'), 'held too_many_facts 0 email the item has more than 1000 reminders and holds', 'it has a problem');
SELECT is(pg_temp.listed('N', '2026-03-10'), 'held suspended 100 email', 'and no other item');
SELECT is(pg_temp.raised('2026-05-01') !~ 'O', true, 'it is not reminded');
SELECT is((SELECT count(*) FROM (SELECT _dunning.sum_facts(_dunning.hold_fact('x', date '2026-01-01' + k)) AS history FROM generate_series(1, 1000) AS k) AS s CROSS JOIN LATERAL dunning.facts(s.history)), 1000::bigint, 'a thousand are not too many');

--
-- Kinds, and what is netted
--
CREATE TABLE k (id text PRIMARY KEY, client integer, issued_on date, due_on date, amount numeric, open_amount numeric, currency text, sort text);
INSERT INTO k SELECT v.id, v.client, '2026-01-01', v.due_on::date, v.amount, v.amount, 'EUR', v.sort FROM (VALUES
	('1', 1, '2026-02-01', 1000, NULL), ('2', 1, '2026-02-10', -100, NULL), ('3', 1, '2026-02-20', -50, 'receipt'), ('4', 1, '2026-05-01', -30, 'DOWN_PAYMENT'), ('5', 1, '2026-06-01', 400, 'facture'),
	('6', 2, '2026-02-01', -70, 'receipt')) AS v (id, client, due_on, amount, sort);
SELECT FROM dunning.adopt('k', columns => '{"key": "id", "customer": "client", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount", "open_amount": "open_amount", "currency": "currency", "kind": "sort"}', procedure => 'p') \g /dev/null
SELECT set_eq($$ SELECT item::text, kind FROM dunning.open_item WHERE ledger = 'k' $$,
	$$ VALUES ('1', 'invoice'), ('2', 'credit_note'), ('3', 'receipt'), ('4', 'down_payment'), ('5', 'invoice'), ('6', 'receipt') $$, 'what an item is, by what its ledger says or by the sign');
SELECT set_eq($$ SELECT kind, count(*) FROM dunning.worklist WHERE ledger = 'k' GROUP BY kind $$, $$ VALUES ('invoice', 2::bigint), ('credit_note', 1), ('receipt', 2), ('down_payment', 1) $$, 'the work list says it');
CREATE FUNCTION pg_temp.reported() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', r.customer, r.items, r.total, r.overdue, r.not_netted, dunning.amount(r.balance, 0)) FROM dunning.aged_balance_report('2026-03-15', '30', 'customer', 'k') AS r $$;
SELECT set_eq('SELECT * FROM pg_temp.reported()', $$ VALUES ('1 5 1220 850 0 370'), ('2 1 -70 -70 0 0'), ('6 1150 780 0 370') $$, 'all are netted unless somebody says otherwise');
INSERT INTO dunning.ledger_setting (ledger, netting) VALUES ('k', 'credit_notes');
SELECT set_eq('SELECT * FROM pg_temp.reported()', $$ VALUES ('1 5 1300 900 -80 400'), ('2 1 0 0 -70 0'), ('6 1300 900 -150 400') $$, 'credit notes only');
UPDATE dunning.ledger_setting SET netting = 'none' WHERE ledger = 'k';
SELECT set_eq('SELECT * FROM pg_temp.reported()', $$ VALUES ('1 5 1400 1000 -180 400'), ('2 1 0 0 -70 0'), ('6 1400 1000 -250 400') $$, 'none');
SELECT set_eq($$ SELECT s.as_of, s.total FROM dunning.aged_balance_series('2026-02-28', '2026-03-31', '1 month', '30', 'total', 'k') AS s $$, $$ VALUES (date '2026-02-28', 1400::numeric), ('2026-03-31', 1400) $$, 'the series, too');
SELECT set_eq($$ SELECT o.item::text FROM generate_series(0, 2) AS b CROSS JOIN LATERAL dunning.aged_items('2026-03-15', b, '30', 'k') AS o $$, ARRAY['1', '5'], 'and the items');
SELECT is(pg_temp.said($$ UPDATE dunning.ledger_setting SET netting = 'some' $$) ~ '^23514', true, 'three words');

-- who may
CREATE ROLE care_collector;
SELECT FROM dunning.grant_access('care_collector', 'collector') \g /dev/null
GRANT SELECT ON f, p TO care_collector;
SELECT matches(pg_temp.said($$ INSERT INTO dunning.hold (ledger, item, company, reason, from_day, stops, then_do, interest_runs, interest_claimed, counts_as_overdue)
	VALUES ('f', 'A', 'X', 'nonsense', '2026-03-01', 'all', 'continue', true, true, true) RETURNING hold $$, 'care_collector'), '^23503: hold reason "nonsense"', 'a reason that is not there');
SELECT matches(pg_temp.said($$ SELECT dunning.write_off('f', 'A', 'small') $$, 'care_collector'), '^[0-9]+$', 'a collector writes off');
SELECT matches(pg_temp.said(format($$ SELECT dunning.statements_loaded('f', %L) $$, '2026-05-01'), 'care_collector'), '^[0-9]+$', 'and says what is loaded');
SELECT matches(pg_temp.said($$ INSERT INTO dunning.tolerance VALUES ('f', 'GBP', 1) RETURNING 1 $$, 'care_collector'), '^42501', 'a tolerance is for admins');

SELECT * FROM finish();
ROLLBACK;
