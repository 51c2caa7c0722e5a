-- A missing rate never stops a reminder, and a run says 30 days before that a rate will be
-- missing: of a rule that an item names itself, that is assigned, or with rates of its own.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
BEGIN;
SELECT no_plan();

CREATE OR REPLACE FUNCTION _dunning.real_day() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT current_setting('test.day')::date $$;
SET LOCAL test.day = '2026-11-20';
CREATE FUNCTION pg_temp.noted() RETURNS text[] LANGUAGE sql AS $$
	SELECT coalesce(array_agg(concat_ws('|', p.ledger, p.topic, p.message) ORDER BY p.ledger, p.topic COLLATE "C"), '{}')
	FROM dunning.run_problem AS p WHERE p.run = (SELECT max(g.run) FROM dunning.run_log AS g) $$;
CREATE FUNCTION pg_temp.rates() RETURNS text[] LANGUAGE sql AS $$
	SELECT coalesce(array_agg(concat_ws('|', h.severity, h.ledger, h.finding, h.what_to_do) ORDER BY h.finding COLLATE "C"), '{}') FROM dunning.health() AS h WHERE h.topic = 'rate' $$;
CREATE FUNCTION pg_temp.missing(day date, what text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', coalesce(m.series, '-'), m.since, m.last_known, m.needed_by, m.rules, m.ledgers), '; ') FROM dunning.missing_rates(day) AS m WHERE m.series = what OR what = ANY (m.rules) $$;

INSERT INTO dunning.reference_series (series, holds) VALUES ('named', 'half-year'), ('private', 'half-year'), ('other', 'half-year');
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('named', '2026-07-01', 10), ('private', '2026-07-01', 4), ('other', '2026-07-01', 10);
INSERT INTO dunning.rule (name, series) VALUES ('N', 'named'), ('N-consumer', 'private'), ('O', 'other');
INSERT INTO dunning.rule (name, rule) VALUES ('flat', '10%'), ('own', 'house {2026-01-01: 10} until 2026-12-31');
INSERT INTO dunning.procedure (name, procedure) VALUES ('ladder', '5 email; 10 phone; wait 3');
CREATE TABLE public.bill (id integer PRIMARY KEY, client integer, due_on date, amount numeric, land text, pro boolean);
CREATE TABLE public.payment (id integer PRIMARY KEY, bill integer, paid_on date, amount numeric);
CREATE INDEX ON public.payment (bill);
\set columns '{"key": "id", "customer": "client", "due_on": "due_on", "amount": "amount", "rule_by": "land", "professional": "pro", "payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount"}}'
SELECT dunning.adopt('public.bill', procedure => 'ladder', rule => 'flat', columns => :'columns') \g /dev/null
INSERT INTO public.bill VALUES (1, 1, '2026-11-10', 1000, 'N', true), (2, 2, '2026-11-10', 1000, NULL, true), (3, 3, '2026-11-10', 1000, 'O', true);
-- what is settled needs no rate any more
INSERT INTO public.payment VALUES (1, 3, '2026-11-12', 1000);

SELECT is(dunning.run_reminders(), 2, 'a run more than 30 days before');
SELECT is(pg_temp.noted(), '{}', 'says nothing');
SET LOCAL test.day = '2026-12-02';
SELECT is(dunning.run_reminders(), 2, 'a run 30 days before');
SELECT is(pg_temp.noted(), ARRAY['bill|rate named|series "named" has no rate for 2027-01-01: INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (''named'', ''2027-01-01'', ...)'],
	'asks for the rate of a rule that an open item names, and of no other one');
SELECT is(pg_temp.rates(), ARRAY['warning|bill|series "named" has no rate for 2027-01-01|INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (''named'', ''2027-01-01'', ...)'],
	'so does health');
SELECT is(pg_temp.missing('2027-01-01', 'named'), 'named 2027-01-01 2026-12-31 2027-01-01 {N} {bill}', 'and the list of what is missing');
SELECT is(pg_temp.missing('2027-01-01', 'other'), 'other 2027-01-01 2026-12-31 2027-01-01 {O} {}', 'where the other one has no ledger');
-- consumers have a rule of their own
UPDATE public.bill SET pro = false WHERE id = 1;
SELECT is(pg_temp.missing('2027-01-01', 'private') || ' ' || pg_temp.missing('2027-01-01', 'named'), 'private 2027-01-01 2026-12-31 2027-01-01 {N-consumer} {bill} named 2027-01-01 2026-12-31 2027-01-01 {N} {}', 'a consumer needs the rate of his rule');
UPDATE public.bill SET pro = true WHERE id = 1;
-- what dunning.ledger_rule says of the value comes first
INSERT INTO dunning.ledger_rule VALUES ('bill', 'N', 'O', NULL);
SELECT is(pg_temp.missing('2027-01-01', 'named') || ' ' || pg_temp.missing('2027-01-01', 'other'), 'named 2027-01-01 2026-12-31 2027-01-01 {N} {} other 2027-01-01 2026-12-31 2027-01-01 {O} {bill}', 'a value with a row of its own names no rule');
DELETE FROM dunning.ledger_rule WHERE ledger = 'bill';

-- a missing rate stops nothing
SELECT count(dunning.mark_reminder_sent(r.reminder, r.raised_on)) FROM dunning.reminder AS r WHERE r.state = 'pending' \g /dev/null
INSERT INTO public.bill VALUES (4, 4, '2026-12-20', 1000, 'N', true);
SET LOCAL test.day = '2027-01-05';
SELECT is(dunning.run_reminders(), 1, 'after New Year a reminder goes out');
SELECT is((SELECT r.late_interest FROM dunning.reminder AS r WHERE r.item = '4'), NULL, 'without interest');
SELECT is(pg_temp.noted(), ARRAY['bill|rate named|series "named" has no rate for 2027-01-01: INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (''named'', ''2027-01-01'', ...)',
	'bill|rule N|reminders go out without late interest: no rate of series "named" for 2027-01-01'], 'which is said');
SELECT ok('error|bill|series "named" has no rate for 2027-01-01|INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (''named'', ''2027-01-01'', ...)' = ANY (pg_temp.rates()), 'and is an error by now');
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('named', '2027-01-01', 10);
SELECT dunning.run_reminders() \g /dev/null
SELECT is(pg_temp.noted() || pg_temp.rates(), '{}', 'with the rate nothing is missing');
DELETE FROM dunning.reference_rate WHERE series = 'named' AND effective_on = '2027-01-01';

-- a rule with rates of its own
SET LOCAL test.day = '2026-12-01';
UPDATE public.bill SET land = NULL;
UPDATE dunning.ledger SET rule = 'own';
SELECT dunning.run_reminders() \g /dev/null
SELECT is(pg_temp.noted(), '{}', '31 days before');
SET LOCAL test.day = '2026-12-02';
SELECT dunning.run_reminders() \g /dev/null
SELECT is(pg_temp.noted(), ARRAY['bill|rate of rule own|penalty rule "own" has no rate for 2027-01-01: UPDATE dunning.rule SET rule = ... WHERE name = ''own'''], 'a rule with rates of its own');
SELECT is(pg_temp.rates(), ARRAY['warning|bill|penalty rule "own" has no rate for 2027-01-01|UPDATE dunning.rule SET rule = ... WHERE name = ''own'''], 'is a finding of health');
SELECT is(pg_temp.missing('2027-01-01', 'own'), '- 2027-01-01 2026-12-31 2027-01-01 {own} {bill}', 'and is listed without a series');
SELECT is(pg_temp.missing('2026-12-31', 'own'), NULL, 'until its last day it is not');
SELECT is(pg_temp.missing('2400-01-01', 'flat'), NULL, 'a rate without end is never missing');
UPDATE dunning.ledger SET rule = 'flat';
SELECT is(pg_temp.missing('2027-01-01', 'own'), '- 2027-01-01 2026-12-31 2027-01-01 {own} {}', 'nobody needs it');
SELECT dunning.assign('bill', 'penalty_rule', 'own', customer => '2') \g /dev/null
SELECT dunning.run_reminders() \g /dev/null
SELECT is(pg_temp.noted(), ARRAY['bill|rate of rule own|penalty rule "own" has no rate for 2027-01-01: UPDATE dunning.rule SET rule = ... WHERE name = ''own'''], 'a rule that is assigned');
SELECT dunning.end_assignment(a.assignment, 'gone') FROM dunning.assignment AS a \g /dev/null
UPDATE public.bill SET land = 'own' WHERE id = 2;
SELECT dunning.run_reminders() \g /dev/null
SELECT is(pg_temp.noted(), ARRAY['bill|rate of rule own|penalty rule "own" has no rate for 2027-01-01: UPDATE dunning.rule SET rule = ... WHERE name = ''own'''], 'or that an item names');

-- where there is an agenda, the ledger is not read again
UPDATE public.bill SET land = 'N' WHERE id = 1;
SELECT dunning.adopt('public.bill', watch => true, replace => true) \g /dev/null
SELECT dunning.run_reminders() \g /dev/null
SELECT is((SELECT array_agg(v ORDER BY v) FROM _dunning.agenda_state AS s CROSS JOIN LATERAL unnest(s.rules) AS v), '{N,own}', 'the agenda knows what open items name');
SELECT is((SELECT count(*) FROM unnest(pg_temp.noted())), 2::bigint, 'so that a run can ask it');
INSERT INTO public.bill VALUES (5, 5, '2026-12-20', 1000, 'O', true);
SELECT dunning.run_reminders() \g /dev/null
SELECT is(pg_temp.noted(), ARRAY['bill|rate named|series "named" has no rate for 2027-01-01: INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (''named'', ''2027-01-01'', ...)',
	'bill|rate of rule own|penalty rule "own" has no rate for 2027-01-01: UPDATE dunning.rule SET rule = ... WHERE name = ''own''',
	'bill|rate other|series "other" has no rate for 2027-01-01: INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (''other'', ''2027-01-01'', ...)'],
	'a new invoice names another one');
SELECT ok(_dunning.agenda_knows('bill', _dunning.real_day()), 'and the agenda stays');

SELECT * FROM finish();
ROLLBACK;
