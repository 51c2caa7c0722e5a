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
SELECT * FROM finish();
