-- A run every night over random books, while random things happen to them: no
-- night ends with a pending reminder that says other than the item, with a level
-- that is there twice, or with a step that was forgotten.  What is expected is
-- computed here, from the tables.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
BEGIN;
SELECT no_plan();

CREATE TABLE public.bill (id integer PRIMARY KEY, client integer NOT NULL, issued_on date NOT NULL, due_on date NOT NULL, amount numeric NOT NULL, disputed boolean NOT NULL DEFAULT false);
CREATE TABLE public.payment (bill integer, paid_on date, amount numeric);
CREATE INDEX ON public.payment (bill);
CREATE TABLE public.plain (id integer PRIMARY KEY, client integer NOT NULL, issued_on date NOT NULL, due_on date NOT NULL, open_amount numeric NOT NULL, disputed boolean NOT NULL DEFAULT false);
CREATE FUNCTION pg_temp.any_of(n integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT floor(random() * n)::integer';

CREATE TEMP TABLE ladder (level integer, days integer, least numeric);
INSERT INTO ladder VALUES (1, 5, 0), (2, 10, 200), (3, 15, 0);

-- what is open, by plain SQL
CREATE FUNCTION pg_temp.truth(day date) RETURNS TABLE (ledger name, item text, due_on date, open numeric, disputed boolean) LANGUAGE sql AS $$
	SELECT 'bill', b.id::text, b.due_on, b.amount - coalesce((SELECT sum(p.amount) FROM public.payment AS p WHERE p.bill = b.id AND p.paid_on <= day), 0), b.disputed
	FROM public.bill AS b WHERE b.issued_on <= day
	UNION ALL
	SELECT 'plain', b.id::text, b.due_on, b.open_amount, b.disputed FROM public.plain AS b WHERE b.issued_on <= day $$;

-- what is wrong after the run of a day
CREATE FUNCTION pg_temp.amiss(day date) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', day, r.ledger, r.item, r.level, 'pending for', r.due_on, r.open_amount, 'but is', t.due_on, t.open, t.disputed)
	FROM dunning.reminder AS r
	LEFT JOIN pg_temp.truth(day) AS t ON t.ledger = r.ledger AND t.item = r.item::text
	JOIN pg_temp.ladder AS s ON s.level = r.level
	WHERE r.state = 'pending'
		AND (t.open > 0 AND t.open = r.open_amount AND t.due_on = r.due_on AND NOT t.disputed AND t.due_on + s.days <= day AND t.open >= s.least) IS NOT TRUE
	UNION ALL
	SELECT concat_ws(' ', day, r.ledger, r.item, r.level, 'twice')
	FROM dunning.reminder AS r WHERE r.state <> 'cancelled' GROUP BY r.ledger, r.item, r.level HAVING count(*) > 1
	UNION ALL
	-- the level after the last one, its day and the wait
	SELECT concat_ws(' ', day, t.ledger, t.item, s.level, 'forgotten')
	FROM pg_temp.truth(day) AS t
	CROSS JOIN LATERAL (SELECT coalesce(max(r.level), 0) AS level, max(coalesce(r.sent_on, r.skipped_on, r.raised_on)) AS on_day
		FROM dunning.reminder AS r WHERE r.ledger = t.ledger AND r.item::text = t.item AND r.state <> 'cancelled') AS l
	JOIN pg_temp.ladder AS s ON s.level = l.level + 1
	WHERE t.open > 0 AND NOT t.disputed AND t.open >= s.least AND t.due_on + s.days <= day AND coalesce(l.on_day + 3 <= day, true) $$;
INSERT INTO dunning.procedure (name, procedure) VALUES ('ladder', '5 email; 10 phone min 200 EUR; 15 letter fee 5 EUR; wait 3');

SELECT dunning.adopt('public.bill', procedure => 'ladder', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on", "amount": "amount",
	"disputed": "disputed", "payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount"}}') \g /dev/null
SELECT dunning.adopt('public.plain', procedure => 'ladder', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on", "open_amount": "open_amount",
	"disputed": "disputed"}') \g /dev/null
SELECT setseed(0.124) \g /dev/null
INSERT INTO public.bill SELECT k, k % 7, d, d + 20 + pg_temp.any_of(20), 50 + pg_temp.any_of(500) FROM (SELECT k, date '2026-01-01' + pg_temp.any_of(60) AS d FROM generate_series(1, 100) AS k) AS s;
INSERT INTO public.plain SELECT k, k % 7, d, d + 20 + pg_temp.any_of(20), 50 + pg_temp.any_of(500) FROM (SELECT k, date '2026-01-01' + pg_temp.any_of(60) AS d FROM generate_series(1, 100) AS k) AS s;

CREATE TEMP TABLE wrong (what text);
CREATE FUNCTION pg_temp.happen(day date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	-- paid in part, in full, too much, and taken back; some are booked late
	INSERT INTO public.payment SELECT 1 + pg_temp.any_of(100), day - pg_temp.any_of(4), (ARRAY[10, 50, 300, -40])[1 + pg_temp.any_of(4)] FROM generate_series(1, pg_temp.any_of(16));
	UPDATE public.plain SET open_amount = greatest(open_amount - (ARRAY[10, 100, 500])[1 + pg_temp.any_of(3)], -20) WHERE id = 1 + pg_temp.any_of(100) AND random() < 0.5;
	UPDATE public.plain SET open_amount = 120 WHERE id = 1 + pg_temp.any_of(100) AND open_amount <= 0;
	-- moved, to and fro
	UPDATE public.bill SET due_on = due_on + 7 WHERE id::text IN (SELECT r.item::text FROM dunning.reminder AS r WHERE r.state = 'pending' AND r.ledger = 'bill') AND random() < 0.02;
	UPDATE public.bill SET due_on = due_on + pg_temp.any_of(30) - 12 WHERE id = 1 + pg_temp.any_of(50);
	UPDATE public.plain SET due_on = due_on + pg_temp.any_of(30) - 12 WHERE id = 1 + pg_temp.any_of(50);
	-- disputes on and off
	UPDATE public.bill SET disputed = NOT disputed WHERE id = 1 + pg_temp.any_of(50);
	UPDATE public.plain SET disputed = NOT disputed WHERE id = 1 + pg_temp.any_of(50);
	UPDATE public.plain SET disputed = false WHERE random() < 0.1;
	-- sent, skipped, cancelled
	PERFORM dunning.mark_reminder_sent(r.reminder, day) FROM dunning.reminder AS r WHERE r.state = 'pending' AND r.raised_on <= day AND random() < 0.15;
	PERFORM dunning.skip_reminder(r.reminder, 'for once', day) FROM dunning.reminder AS r WHERE r.state = 'pending' AND random() < 0.05;
	PERFORM dunning.cancel_reminder(r.reminder, 'for once', day) FROM dunning.reminder AS r WHERE r.state = 'pending' AND random() < 0.03;
END $$;
DO $$
BEGIN
	FOR day IN 0 .. 100 LOOP
		PERFORM dunning.run_reminders(date '2026-01-20' + day);
		INSERT INTO wrong SELECT pg_temp.amiss(date '2026-01-20' + day);
		PERFORM pg_temp.happen(date '2026-01-21' + day);
	END LOOP;
END $$;
SELECT is_empty('SELECT what FROM wrong LIMIT 20', 'every night: what is pending is right, nothing is there twice, nothing is forgotten');
-- a test that sees nothing sees nothing wrong
SELECT cmp_ok((SELECT count(*) FROM dunning.reminder WHERE state = 'sent'), '>', 80::bigint, 'reminders were sent');
SELECT cmp_ok((SELECT count(*) FROM dunning.reminder WHERE level = 3), '>', 20::bigint, 'up to the last level');
SELECT cmp_ok((SELECT count(*) FROM dunning.reminder WHERE state = 'skipped'), '>', 5::bigint, 'skipped');
SELECT cmp_ok((SELECT count(*) FROM dunning.reminder WHERE reason ~ '^[-0-9.]+ is open, not '), '>', 10::bigint, 'withdrawn since the amount changed');
SELECT cmp_ok((SELECT count(*) FROM dunning.reminder WHERE reason ~ '^due on '), '>', 10::bigint, 'since the due date was moved');
SELECT cmp_ok((SELECT count(*) FROM dunning.reminder WHERE reason = 'in dispute'), '>', 5::bigint, 'since there was a dispute');
SELECT cmp_ok((SELECT count(*) FROM dunning.reminder WHERE reason = 'no longer open'), '>', 5::bigint, 'and since they were paid');
SELECT is((SELECT count(*) FROM dunning.run_log WHERE problems > 0), 0::bigint, 'without a problem');
SELECT is((SELECT count(*) FROM dunning.to_send WHERE ledger = 'plain'), (SELECT count(*) FROM dunning.reminder AS r JOIN pg_temp.truth(_dunning.real_day()) AS t ON t.ledger = r.ledger AND t.item = r.item::text
	WHERE r.ledger = 'plain' AND r.state = 'pending' AND t.open > 0 AND t.open = r.open_amount AND t.due_on = r.due_on AND NOT t.disputed), 'and a sender sees what is still right');

SELECT * FROM finish();
ROLLBACK;
