-- What a back-test says of a procedure is what nightly runs with it did, of which each reminder went out
-- on its day: by item and by customer, with held amounts, a tolerance, bank statements that are old.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SET dunning.time_zone = 'UTC';
SELECT no_plan();

CREATE TABLE public.bill (id integer PRIMARY KEY, client integer NOT NULL, payer integer NOT NULL, company text, issued_on date, due_on date NOT NULL, amount numeric NOT NULL, kind text);
CREATE TABLE public.payment (bill integer, paid_on date, amount numeric, code text);
CREATE INDEX ON public.payment (bill);
CREATE FUNCTION pg_temp.any_of(n integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT floor(random() * n)::integer';
INSERT INTO dunning.procedure (name, procedure) VALUES ('now', '1 x');
SELECT setseed(0.31) \g /dev/null
INSERT INTO public.bill SELECT k, k % 20, k % 10, (ARRAY['A', 'B'])[1 + k % 2], d.day - 10, d.day, CASE WHEN pg_temp.any_of(8) = 0 THEN -150 ELSE 20 + 10 * pg_temp.any_of(10) END,
	(ARRAY['invoice', 'down_payment'])[1 + pg_temp.any_of(2)] FROM (SELECT k, date '2026-01-01' + pg_temp.any_of(14) AS day FROM generate_series(1, 70) AS k) AS d;
UPDATE public.bill SET kind = CASE WHEN amount > 0 THEN 'invoice' WHEN kind = 'invoice' THEN 'credit_note' ELSE kind END;
SELECT dunning.adopt('public.bill', procedure => 'now', rule => NULL, columns => '{"key": "id", "customer": "client", "payer": "payer", "company": "company", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount", "kind": "kind",
	"currency": "EUR", "payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount", "reject_code": "code"}}') \g /dev/null
-- the whole story is known before the nights
INSERT INTO public.payment SELECT b.id, b.due_on + pg_temp.any_of(40), round(b.amount / (1 + pg_temp.any_of(3)), 2) FROM public.bill AS b WHERE b.amount > 0 AND random() < 0.5;
INSERT INTO public.payment SELECT p.bill, p.paid_on + 3 + pg_temp.any_of(10), - p.amount, (ARRAY['AC04', NULL])[1 + pg_temp.any_of(2)] FROM public.payment AS p WHERE random() < 0.3;
SELECT dunning.hold_item('bill', dunning.item_key(b.id), CASE b.id % 2 WHEN 0 THEN 'dispute' ELSE 'manual' END, from_day => b.due_on + pg_temp.any_of(20), until_day => b.due_on + 20 + pg_temp.any_of(20))
FROM public.bill AS b WHERE b.amount > 0 AND random() < 0.15 \g /dev/null
SELECT dunning.hold_item('bill', dunning.item_key(b.id), 'dispute', part => 1, amount => a.amount, from_day => b.first, until_day => b.due_on + 20 + pg_temp.any_of(20))
FROM (SELECT b.*, b.due_on + pg_temp.any_of(20) AS first FROM public.bill AS b WHERE b.amount > 0 AND random() < 0.3) AS b
CROSS JOIN LATERAL (SELECT least(15 + pg_temp.any_of(30), (SELECT o.open_amount FROM dunning.ledger_items(b.first) AS o WHERE o.item = b.id::text)) AS amount) AS a WHERE a.amount > 0 \g /dev/null
INSERT INTO dunning.tolerance (currency, amount) VALUES ('EUR', 45);
INSERT INTO dunning.ledger_setting (ledger, statements_within, netting) VALUES ('bill', '4 days', 'credit_notes');
SELECT dunning.statements_loaded('bill', d - 1, CASE pg_temp.any_of(3) WHEN 0 THEN 'A' WHEN 1 THEN 'B' END, d) FROM generate_series(date '2026-01-01', date '2026-01-25', '2 days') AS g, LATERAL (SELECT g::date AS d) AS x ORDER BY d \g /dev/null

CREATE FUNCTION pg_temp.nights(text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	day date;
BEGIN
	SET LOCAL session_replication_role = replica;
	DELETE FROM dunning.reminder;
	SET LOCAL session_replication_role = origin;
	UPDATE dunning.procedure SET procedure = $1::dunning.dunning_procedure WHERE name = 'now';
	FOR day IN SELECT generate_series(date '2026-01-04', date '2026-02-04', '1 day')::date LOOP
		PERFORM dunning.run_reminders(day);
		PERFORM dunning.mark_reminder_sent(r.reminder, day) FROM dunning.reminder AS r WHERE r.state = 'pending';
	END LOOP;
END
$$;
CREATE TEMP TABLE told (nth integer, text text);
INSERT INTO told VALUES (1, '5 email; 12 letter min 60 EUR; 20 phone manual; reject 0 phone; reject 0 task; wait 3'), (2, '5 email; 12 letter min 60 EUR and 30%; 20 phone repeat 5; reject 0 phone; reject 0 task; wait 3; by customer');
CREATE TEMP TABLE did (nth integer, month date, channel text, steps bigint, items bigint, customers bigint, amount numeric);
CREATE TEMP TABLE said (LIKE did);
SELECT format('SELECT pg_temp.nights(%1$L); INSERT INTO did SELECT %2$s, date_trunc(''month'', raised_on)::date, channel, count(*), count(DISTINCT item), count(DISTINCT CASE WHEN %2$s = 1 THEN customer ELSE payer END), sum(open_amount) FROM dunning.reminder GROUP BY 2, 3; '
	'INSERT INTO said SELECT %2$s, month, channel, steps, items, customers, amount FROM dunning.back_test(%1$L, ''2026-01-04'', ''2026-02-04'', ''bill'')', text, nth) FROM told ORDER BY nth \gexec
SELECT is_empty(format('SELECT * FROM %s WHERE nth = %s EXCEPT ALL SELECT * FROM %s', a, nth, b), format('%s: %s', a, text)) FROM told, (VALUES ('said', 'did'), ('did', 'said')) AS v (a, b) ORDER BY nth, a;
SELECT cmp_ok((SELECT sum(steps) FROM did WHERE did.nth = told.nth), '>', 50::numeric, 'many steps') FROM told;
-- each of these matters
UPDATE dunning.tolerance SET amount = 0.01;
SELECT isnt_empty(format('SELECT month, channel, steps, amount FROM dunning.back_test(%L, ''2026-01-04'', ''2026-02-04'', ''bill'') EXCEPT SELECT month, channel, steps, amount FROM did WHERE nth = %s', text, nth), 'the tolerance makes a difference') FROM told WHERE nth = 1;
UPDATE dunning.tolerance SET amount = 45;
UPDATE dunning.ledger_setting SET statements_within = NULL;
SELECT isnt_empty(format('SELECT month, channel, steps, amount FROM dunning.back_test(%L, ''2026-01-04'', ''2026-02-04'', ''bill'') EXCEPT SELECT month, channel, steps, amount FROM did WHERE nth = %s', text, nth), 'old statements make a difference') FROM told;
UPDATE dunning.ledger_setting SET statements_within = '4 days', netting = 'all';
SELECT isnt_empty(format('SELECT month, channel, steps, amount FROM dunning.back_test(%L, ''2026-01-04'', ''2026-02-04'', ''bill'') EXCEPT SELECT month, channel, steps, amount FROM did WHERE nth = %s', text, nth), 'so does netting by customer') FROM told WHERE nth = 2;
SELECT * FROM finish();
