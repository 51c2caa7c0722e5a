-- Which part a payment settles while an amount is disputed: the undisputed one first.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SET dunning.time_zone = 'UTC';
SELECT no_plan();
CREATE TABLE public.bill (id integer PRIMARY KEY, client integer, issued_on date, due_on date, amount numeric);
CREATE TABLE public.payment (bill integer, paid_on date, amount numeric);
CREATE INDEX ON public.payment (bill);
INSERT INTO dunning.procedure (name, procedure) VALUES ('ours', '5 email');
SELECT FROM dunning.adopt('public.bill', procedure => 'ours', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on", "amount": "amount",
	"currency": "EUR", "payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount"}}') \g /dev/null
INSERT INTO public.bill VALUES (1, 1, '2026-01-01', '2026-02-01', 100);
SELECT dunning.hold_item('bill', '1', 'dispute', from_day => '2026-02-03', amount => 30, person_in_charge => 'Anna', answer_due_on => '2026-02-20') AS dispute \gset
INSERT INTO public.payment VALUES (1, '2026-02-10', 60), (1, '2026-02-12', 15), (1, '2026-02-14', 5);
CREATE FUNCTION pg_temp.on_day(day date) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('dunning.today', day::text, false);
	RETURN (SELECT concat_ws(' ', open_amount, held_amount, state, CASE WHEN state = 'held' THEN reason_name END) FROM dunning.worklist);
END $$;
SELECT is(pg_temp.on_day(day), answer, why) FROM (VALUES
	(date '2026-02-09', '100 30 due', 'the rest is reminded'),
	('2026-02-10', '40 30 due', 'a payment settles the undisputed rest first'),
	('2026-02-12', '25 30 held dispute', 'what is left is disputed'),
	('2026-02-14', '20 30 held dispute', 'and what is paid beyond the rest settles of it')) AS v (day, answer, why);
RESET dunning.today;
SELECT is(dunning.resolve_dispute(:dispute, 'partly', '2026-02-20', 15), false, 'who is partly right waits for the credit');
INSERT INTO public.bill VALUES (2, 1, '2026-02-21', '2026-02-21', -15);
INSERT INTO public.payment VALUES (1, '2026-02-21', 15), (2, '2026-02-21', -15);
SELECT is(dunning.resolve_dispute(:dispute, 'partly', '2026-02-22', credit_item => '2'), true, 'the credit note ends the dispute');
SELECT is(pg_temp.on_day('2026-02-23'), '5 0 due', 'and is reminded');
SELECT results_eq($$ SELECT resolution, resolved_on, expected_credit, credit_item::text, person_in_charge, answer_due_on, released_on FROM dunning.hold $$,
	$$ VALUES ('partly', date '2026-02-20', 15::numeric, '2', 'Anna', date '2026-02-20', date '2026-02-22') $$, 'the dispute tells how it went');
-- a payment that says that it pays what is disputed
RESET dunning.today;
INSERT INTO public.bill VALUES (3, 3, '2026-01-01', '2026-02-01', 100);
SELECT dunning.hold_item('bill', '3', 'dispute', from_day => '2026-02-03', amount => 30, person_in_charge => 'Anna') AS third \gset
INSERT INTO public.payment VALUES (3, '2026-02-10', 20), (3, '2026-02-12', 10);
SELECT dunning.pay_held_amount(:third, 20, '2026-02-10', 'he pays two of the three boxes') AS rest \gset
SELECT is(dunning.pay_held_amount(:rest, 10, '2026-02-12'), NULL, 'nothing of it is left');
CREATE FUNCTION pg_temp.third(day date) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('dunning.today', day::text, false);
	RETURN (SELECT concat_ws(' ', open_amount, held_amount, state) FROM dunning.worklist WHERE item = '3');
END $$;
SELECT is(pg_temp.third(day), answer, why) FROM (VALUES (date '2026-02-09', '100 30 due', 'before it 70 are asked for'), ('2026-02-10', '80 10 due', '70 after it, too'), ('2026-02-12', '70 0 due', 'and so they are to the end')) AS v (day, answer, why);
RESET dunning.today;
SELECT results_eq(format('SELECT amount, from_day, released_on, person_in_charge, note FROM dunning.hold WHERE hold IN (%s, %s) ORDER BY hold', :third, :rest),
	format($$ VALUES (30::numeric, date '2026-02-03', date '2026-02-10', 'Anna', NULL), (10, '2026-02-10', '2026-02-12', 'Anna', 'rest of hold %s') $$, :third), 'by two holds');
SELECT throws_ok(format('SELECT dunning.pay_held_amount(%s, 1)', :third), '55000', format('hold %s has ended', :third), 'which has ended');
SELECT dunning.hold_item('bill', '3', 'dispute', amount => 30) AS fourth, dunning.hold_item('bill', '3', 'manual') AS whole \gset
SELECT throws_ok(format('SELECT dunning.pay_held_amount(%s, %s)', :fourth, a), '22023', format('%s cannot be paid of a hold of 30', a), 'not ' || a) FROM unnest(ARRAY['31', '0', 'NULL']) AS a;
SELECT throws_ok(format('SELECT dunning.pay_held_amount(%s, 1)', :whole), '55000', format('hold %s is not of an amount', :whole), 'nor of a whole item');
SELECT throws_ok(format($$ UPDATE dunning.hold SET released_on = '2999-01-01' WHERE hold = %s $$, :whole), '23514', format('hold %s cannot end on 2999-01-01, a day to come', :whole), 'no end on a day to come');
SELECT * FROM finish();
