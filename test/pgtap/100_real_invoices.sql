-- Real invoices: every figure beside one computed by plain SQL.  The file is
-- not part of the project: it is looked for beside the repository, or where
-- the environment variable DUNNING_SHARED says.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
\set there `test -r "${DUNNING_SHARED:-../shared}/data/accounts_receivable.csv" && echo true || echo false`
\if :there
\else
	\echo '1..0 # SKIP no ../shared/data/accounts_receivable.csv'
	\quit
\endif

CREATE TEMP TABLE raw (country text, customer text, paperless_date text, invoice text, issued text, due text,
	amount text, disputed text, settled text, paperless text, days_to_settle text, days_late text);
\copy raw FROM PROGRAM 'cat "${DUNNING_SHARED:-../shared}/data/accounts_receivable.csv"' (FORMAT csv, HEADER)

CREATE TABLE public.invoice (
	invoice_number text PRIMARY KEY, customer_id text NOT NULL, invoice_date date NOT NULL,
	due_date date NOT NULL, invoice_amount numeric NOT NULL, disputed boolean NOT NULL);
CREATE TABLE public.payment (
	invoice_number text NOT NULL REFERENCES public.invoice, paid_on date NOT NULL, amount numeric NOT NULL);
CREATE INDEX ON public.payment (invoice_number);
INSERT INTO public.invoice
	SELECT invoice, customer, to_date(issued, 'MM/DD/YYYY'), to_date(due, 'MM/DD/YYYY'), amount::numeric, disputed = 'Yes' FROM raw;
INSERT INTO public.payment
	SELECT invoice, to_date(settled, 'MM/DD/YYYY'), amount::numeric FROM raw;
CREATE TEMP TABLE late AS SELECT invoice AS invoice_number, days_late::integer FROM raw;
CREATE TEMP VIEW history AS
	SELECT i.*, p.paid_on AS settled_on, l.days_late
	FROM public.invoice i JOIN public.payment p USING (invoice_number) JOIN late l USING (invoice_number);
ANALYZE public.invoice, public.payment;

SELECT no_plan();

SELECT is((SELECT count(*) FROM history), 2466::bigint, '2,466 invoices');
SELECT is((SELECT count(DISTINCT customer_id) FROM history), 100::bigint, 'of 100 customers');

-- days late: the publisher's own figure
SELECT is((SELECT count(*) FROM history
	WHERE greatest(dunning.days_past_due(due_date, settled_on), 0) = days_late), 2466::bigint,
	'days past due at the settlement are the published days late on every row');
SELECT is((SELECT count(*) FROM history WHERE dunning.is_overdue(due_date, settled_on) = (days_late > 0)), 2466::bigint,
	'and an item is overdue at its settlement exactly if it was late');

-- The aged balance at ten dates: per customer and in all, bucket by bucket.
CREATE TEMP TABLE as_of (day date PRIMARY KEY);
INSERT INTO as_of VALUES ('2012-01-31'), ('2012-03-15'), ('2012-06-30'), ('2012-09-01'), ('2012-12-31'),
	('2013-02-28'), ('2013-05-05'), ('2013-08-20'), ('2013-10-31'), ('2013-12-31');
CREATE TEMP VIEW open_on AS
	SELECT a.day, h.customer_id, h.due_date, h.invoice_amount, a.day - h.due_date AS age, h.disputed
	FROM as_of a JOIN history h ON h.invoice_date <= a.day AND h.settled_on > a.day;
CREATE TEMP VIEW by_hand AS
	SELECT day, customer_id, GROUPING(customer_id) AS all_customers, ARRAY[
		coalesce(sum(invoice_amount) FILTER (WHERE age <= 0), 0),
		coalesce(sum(invoice_amount) FILTER (WHERE age BETWEEN 1 AND 30), 0),
		coalesce(sum(invoice_amount) FILTER (WHERE age BETWEEN 31 AND 60), 0),
		coalesce(sum(invoice_amount) FILTER (WHERE age BETWEEN 61 AND 90), 0),
		coalesce(sum(invoice_amount) FILTER (WHERE age >= 91), 0),
		0] AS amounts
	FROM open_on GROUP BY day, ROLLUP (customer_id);

SELECT cmp_ok((SELECT count(*) FROM by_hand), '>', 500::bigint, 'there are balances to compare');
SELECT is_empty($$
	SELECT h.day, h.customer_id, h.amounts, d.amounts
	FROM by_hand h
	FULL JOIN (SELECT day, customer_id, GROUPING(customer_id) AS all_customers,
			dunning.amounts(dunning.aged_balance(invoice_amount, due_date, day, '30,60,90')) AS amounts
		FROM open_on GROUP BY day, ROLLUP (customer_id)) d
		ON d.day = h.day AND d.all_customers = h.all_customers AND d.customer_id IS NOT DISTINCT FROM h.customer_id
	WHERE h.amounts IS DISTINCT FROM d.amounts $$,
	'the aged balances of ten dates, of each customer and of all, are those by hand');
SELECT is_empty($$
	SELECT * FROM (SELECT day, dunning.total(dunning.aged_balance(invoice_amount, due_date, day, '30,60,90')) AS total,
			sum(invoice_amount) AS plain FROM open_on GROUP BY day) s
	WHERE total <> plain $$,
	'and their buckets add up to the balance');

-- The same through the ledger: the table and its payments adopted as they are.
SELECT lives_ok($$ SELECT dunning.adopt('public.invoice',
		columns => '{"payments": {"table": "payment", "date": "paid_on"}, "disputed": null, "currency": "USD"}') $$,
	'the table is adopted by the names of its columns');
CREATE FUNCTION pg_temp.worklist_on(as_of date) RETURNS TABLE (day date, customer_id text, bucket integer, amount numeric)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('dunning.today', to_char(as_of, 'YYYY-MM-DD'), true);
	RETURN QUERY SELECT as_of, w.customer::text, w.bucket, sum(w.open_amount) FROM dunning.worklist w GROUP BY 2, 3;
END $$;
SELECT results_eq(
	$$ SELECT w.* FROM as_of a CROSS JOIN LATERAL pg_temp.worklist_on(a.day) w ORDER BY 1, 2, 3 $$,
	$$ SELECT day, customer_id COLLATE "default",
			CASE WHEN age <= 0 THEN 0 WHEN age <= 30 THEN 1 WHEN age <= 60 THEN 2 WHEN age <= 90 THEN 3 ELSE 4 END,
			sum(invoice_amount)
		FROM open_on GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 $$,
	'the work list of ten dates has the same amounts by customer and bucket');

-- The run, day by day over two years.
CREATE TEMP TABLE raised AS SELECT sum(dunning.run_reminders(day::date)) AS raised
	FROM generate_series(timestamp '2012-01-01', '2013-12-31', interval '1 day') AS day;

-- What the default ladder raises, by plain arithmetic: level n on the day
-- 5 n days past due while the item is open, and on the day of its settlement
-- it is not.  The steps are 5 days apart, so a wait of 3 never binds.
CREATE TEMP TABLE expected AS
	SELECT h.invoice_number, n AS level, h.due_date + 5 * n AS raised_on, h.invoice_amount, h.invoice_date, h.due_date, h.settled_on
	FROM history h CROSS JOIN generate_series(1, 4) AS n
	WHERE h.settled_on > h.due_date + 5 * n AND h.due_date + 5 * n BETWEEN '2012-01-01' AND '2013-12-31';
SELECT cmp_ok((SELECT count(*) FROM expected), '>', 1000::bigint, 'there are reminders to expect');

SELECT is((SELECT raised FROM raised), (SELECT count(*) FROM expected), 'the runs say how many they raised');
SELECT results_eq(
	'SELECT level, count(*) FROM dunning.reminder GROUP BY level ORDER BY level',
	'SELECT level, count(*) FROM expected GROUP BY level ORDER BY level',
	'the reminders of each level are those of plain arithmetic');
SELECT results_eq(
	'SELECT level, raised_on, count(*) FROM dunning.reminder GROUP BY 1, 2 ORDER BY 1, 2',
	'SELECT level, raised_on, count(*) FROM expected GROUP BY 1, 2 ORDER BY 1, 2',
	'and those of each level and day');
SELECT set_eq(
	'SELECT item::text, level, raised_on, open_amount FROM dunning.reminder',
	'SELECT invoice_number, level, raised_on, invoice_amount FROM expected',
	'and those of each item');
SELECT is_empty('SELECT ledger, item, level FROM dunning.reminder GROUP BY 1, 2, 3 HAVING count(*) > 1',
	'no reminder twice');
SELECT is_empty($$ SELECT r.item FROM dunning.reminder r JOIN history h ON h.invoice_number = r.item::text
	WHERE h.settled_on <= r.raised_on $$,
	'none on or after the day of the settlement');
SELECT is_empty($$ SELECT r.item FROM dunning.reminder r JOIN history h ON h.invoice_number = r.item::text
	WHERE (r.state = 'cancelled') <> (h.settled_on <= '2013-12-31') OR r.state = 'sent' $$,
	'what was still to be sent when the item was settled is cancelled, and nothing else');
SELECT is((SELECT sum(cancelled) FROM dunning.run_log), (SELECT count(*) FROM dunning.reminder WHERE state = 'cancelled'),
	'the runs say how many they cancelled');
SELECT is((SELECT count(*) FROM dunning.run_problem), 0::bigint, 'nothing was set aside');

-- What each reminder claims: 11.00 % in 2012, 10.75 % and 10.50 % in the halves of 2013,
-- and 40 EUR of what was contracted from 2013 on (Code de commerce D441-5).
SELECT is_empty($$
	SELECT e.invoice_number, e.level, r.late_interest, s.interest, r.compensation
	FROM expected e
	JOIN dunning.reminder r ON r.item::text = e.invoice_number AND r.level = e.level
	CROSS JOIN LATERAL (SELECT round(e.invoice_amount * sum(CASE
				WHEN d < '2013-01-01' THEN 11.00 WHEN d < '2013-07-01' THEN 10.75 ELSE 10.50 END) / 36500, 2) AS interest
		FROM generate_series(e.due_date + interval '1 day', e.raised_on, interval '1 day') AS d) s
	WHERE r.late_interest IS DISTINCT FROM s.interest OR r.compensation IS DISTINCT FROM CASE WHEN e.invoice_date >= '2013-01-01' THEN 40 ELSE 0 END
		OR r.days_past_due IS DISTINCT FROM 5 * e.level $$,
	'the interest, compensation and days of every reminder are those by hand');

-- The work list the day after: what was not reached waits for its day.
SET dunning.today = '2014-01-01';
SELECT set_eq($$ SELECT item::text, level, step_on FROM dunning.worklist WHERE state = 'scheduled' $$,
	$$ SELECT h.invoice_number, coalesce(max(e.level), 0) + 1 AS level,
			h.due_date + 5 * (coalesce(max(e.level), 0) + 1) AS step_on
		FROM history h LEFT JOIN expected e USING (invoice_number)
		WHERE h.settled_on > '2014-01-01'
		GROUP BY h.invoice_number, h.due_date
		HAVING coalesce(max(e.level), 0) < 4 AND h.due_date + 5 * (coalesce(max(e.level), 0) + 1) > '2014-01-01' $$,
	'the next steps after the last run are those of plain arithmetic');
RESET dunning.today;

-- Adopted anew with its column "disputed": those items are held.
SELECT lives_ok($$ SELECT dunning.adopt('public.invoice', replace => true,
		columns => '{"disputed": "disputed"}') $$,
	'the table is adopted anew');
SET dunning.today = '2013-06-15';
SELECT set_eq($$ SELECT item::text FROM dunning.worklist WHERE state = 'held' $$,
	$$ SELECT invoice_number FROM history WHERE disputed AND invoice_date <= '2013-06-15' AND settled_on > '2013-06-15' $$,
	'the disputed items are held, and only they');

SELECT * FROM finish();
