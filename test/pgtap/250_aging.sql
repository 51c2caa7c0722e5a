-- Aging beside published examples and plain SQL: conventions of other systems,
-- real invoices at month ends, parallel plans, drill-down.  The real invoices
-- are not part of the project: they are looked for beside the repository, or
-- where the environment variable DUNNING_SHARED says.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SELECT no_plan();

-- Edges as published: an item due today, 1, 30 and 31 days late, one not due.
SELECT results_eq(
	$$ SELECT name, string_agg(dunning.aging_bucket(date '2026-06-30' - age, '2026-06-30', scheme)::text, ' ' ORDER BY n)
		FROM dunning.scheme, unnest(ARRAY[0, 1, 30, 31, -10, -30]) WITH ORDINALITY AS a (age, n)
		WHERE name IN ('odoo', 'xtuple', 'erpnext', 'tryton', 'ledgersmb', 'statement') GROUP BY name ORDER BY name $$,
	$$ VALUES ('erpnext', '1 1 1 2 0 0'), ('ledgersmb', '1 1 2 2 1 0'), ('odoo', '0 1 1 2 0 0'), ('statement', '0 1 2 2 0 0'),
		('tryton', '1 1 2 2 0 0'), ('xtuple', '0 1 1 2 0 0') $$,
	'the table of conventions, column by column');
SELECT is((SELECT dunning.aged_balance(amount, due_on, '2017-12-31', (SELECT scheme FROM dunning.scheme WHERE name = 'odoo'))::text
	FROM (VALUES (500, date '2018-01-15'), (1000, '2017-12-15'), (2000, '2017-11-15'), (4000, '2017-10-15'), (8000, '2017-09-15'), (160000, '2017-08-15')) AS i (amount, due_on)),
	'{500, 1000, 2000, 4000, 8000, 160000} by ..0 "At date", 1..30, 31..60, 61..90, 91..120, 121.. "Older"',
	'a published aged partner balance');
SELECT is(dunning.bucket_label(date '2026-06-30' - 151, '2026-06-30', '30,60,90'), '91+', '151 days late is in the last bucket');

-- Amounts that are no number stay apart, and the total says so.
SELECT results_eq(
	$$ SELECT dunning.amounts(b), dunning.invalid(b), dunning.total(b) FROM (SELECT dunning.aged_balance(a, '2026-01-01', '2026-01-15', '30') FROM unnest(ARRAY[1.5, 'NaN', 2]::numeric[]) AS a) AS s (b) $$,
	$$ VALUES (ARRAY[0, 3.5, 0, 0, 'NaN']::numeric[], 'NaN'::numeric, 'NaN'::numeric) $$, 'one bad amount spoils no bucket');
SELECT throws_ok($$ SELECT dunning.aged_balance(1, '2026-01-01', '2026-01-01', s) FROM unnest(ARRAY['30', '1 month']::dunning.aging_scheme[]) AS s $$,
	'22023', 'aged balances of different aging schemes cannot be added', 'two schemes in one group');

-- A large table: parallel, serial and by hand the same, and the plan is that of a parallel aggregate.
CREATE TABLE public.item (customer integer, amount numeric(14, 2), due_on date);
SELECT setseed(0.25) \g /dev/null
INSERT INTO public.item SELECT (random() * 500)::integer, round((random() * 9000 - 500)::numeric, 2), date '2026-06-30' - (random() * 200)::integer + 40 FROM generate_series(1, 100000);
ANALYZE public.item;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query;
END $$;
SELECT ok((SELECT bool_or(line ~ 'Partial (Hash|Group)?Aggregate|Partial Aggregate') AND bool_or(line ~ 'Finalize')
	FROM pg_temp.plan($$ SELECT customer, dunning.aged_balance(amount, due_on, '2026-06-30', '1 month, 2 months') FROM public.item GROUP BY customer $$) AS line),
	'EXPLAIN shows a partial and a final aggregate');
CREATE TEMP TABLE parallel AS SELECT customer, dunning.aged_balance(amount, due_on, '2026-06-30', '1 month, 2 months') AS b FROM public.item GROUP BY customer;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT customer, dunning.aged_balance(amount, due_on, '2026-06-30', '1 month, 2 months') AS b FROM public.item GROUP BY customer;
SELECT set_eq('SELECT customer, b::text FROM parallel', 'SELECT customer, b::text FROM serial', 'parallel and serial agree to the letter');
SELECT set_eq('SELECT customer, dunning.amounts(b) FROM serial', $$ SELECT customer, ARRAY[
	coalesce(sum(amount) FILTER (WHERE due_on >= '2026-06-30'), 0),
	coalesce(sum(amount) FILTER (WHERE due_on < '2026-06-30' AND due_on >= date '2026-06-30' - interval '1 month'), 0),
	coalesce(sum(amount) FILTER (WHERE due_on < date '2026-06-30' - interval '1 month' AND due_on >= date '2026-06-30' - interval '2 months'), 0),
	coalesce(sum(amount) FILTER (WHERE due_on < date '2026-06-30' - interval '2 months'), 0), 0] FROM public.item GROUP BY customer $$,
	'and with sums by hand');
SELECT is((SELECT dunning.sum(b)::text FROM serial), (SELECT dunning.aged_balance(amount, due_on, '2026-06-30', '1 month, 2 months')::text FROM public.item),
	'the balances of the customers add up to that of all');

-- Drill-down: the items of each bucket have its amount, by the index.
CREATE INDEX ON public.item (due_on);
ANALYZE public.item;
SELECT set_eq($$ SELECT b.bucket, b.amount FROM (SELECT dunning.sum(b) FROM serial) AS s (b), dunning.buckets(s.b) AS b WHERE b.bucket IS NOT NULL $$,
	$$ SELECT k, (SELECT sum(amount) FROM public.item WHERE dunning.in_aging_bucket(due_on, '2026-06-30', k, '1 month, 2 months')) FROM generate_series(0, 3) AS k $$,
	'the items of each bucket have its amount');
SET enable_seqscan = off;
SELECT matches((SELECT string_agg(line, E'\n') FROM pg_temp.plan($$ SELECT sum(amount) FROM public.item WHERE dunning.in_aging_bucket(due_on, _dunning.real_day(), 1, '1 month, 2 months') $$) AS line),
	'Index Cond: \(\(due_on >= dunning\.aging_bucket_from', 'an index is used for a day known when the query runs');
RESET enable_seqscan;

-- Real invoices: every month end of two years.
\set there `test -r "${DUNNING_SHARED:-../shared}/data/accounts_receivable.csv" && echo true || echo false`
\if :there
CREATE TEMP TABLE raw (country text, customer text, paperless_date text, invoice text, issued text, due text,
	amount text, disputed text, settled text, paperless text, days_to_settle text, days_late text);
\copy raw FROM PROGRAM 'cat "${DUNNING_SHARED:-../shared}/data/accounts_receivable.csv"' (FORMAT csv, HEADER)
CREATE TEMP TABLE invoice AS SELECT customer, amount::numeric, to_date(issued, 'MM/DD/YYYY') AS issued_on, to_date(due, 'MM/DD/YYYY') AS due_on, to_date(settled, 'MM/DD/YYYY') AS settled_on FROM raw;
CREATE TEMP TABLE open_on AS SELECT d.day, i.customer, i.amount, i.due_on
	FROM (SELECT (m + interval '1 month - 1 day')::date AS day FROM generate_series(timestamp '2012-01-01', '2013-12-01', interval '1 month') AS m) AS d
	JOIN invoice AS i ON i.issued_on <= d.day AND i.settled_on > d.day;
SELECT is((SELECT count(DISTINCT day) FROM open_on), 24::bigint, '24 month ends');
CREATE FUNCTION pg_temp.check_scheme(scheme dunning.aging_scheme, by_hand text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY SELECT set_eq(format('SELECT day, customer, dunning.aged_balance(amount, due_on, day, %L)::text FROM open_on GROUP BY ROLLUP (day, customer)', scheme),
		format('SELECT day, customer, dunning.sum(b)::text FROM (SELECT day, customer, format(''{%%s} by %%s'',
			(SELECT string_agg(CASE WHEN k = %1$s THEN amount ELSE 0 END::text, '','' ORDER BY k) FROM generate_series(0, %2$s) AS k), %3$L)::dunning.aged_balance AS b
			FROM open_on) AS h GROUP BY ROLLUP (day, customer)', by_hand, (SELECT max(bucket) FROM dunning.aging_buckets(scheme)), scheme),
		format('every month end, customer and total by %s', scheme));
END $$;
SELECT pg_temp.check_scheme('30,60,90', 'CASE WHEN due_on >= day THEN 0 WHEN due_on >= day - 30 THEN 1 WHEN due_on >= day - 60 THEN 2 WHEN due_on >= day - 90 THEN 3 ELSE 4 END');
SELECT pg_temp.check_scheme('under 30,60; today apart', 'CASE WHEN due_on > day THEN 0 WHEN due_on = day THEN 1 WHEN due_on > day - 30 THEN 2 WHEN due_on > day - 60 THEN 3 ELSE 4 END');
SELECT pg_temp.check_scheme('1 month, 2 months + 5 days; today late',
	$$CASE WHEN due_on > day THEN 0 WHEN due_on >= day - interval '1 month' THEN 1 WHEN due_on >= day - interval '2 months' - interval '5 days' THEN 2 ELSE 3 END$$);
SELECT pg_temp.check_scheme('1 month, 2 months', $$CASE WHEN due_on >= day THEN 0 WHEN due_on >= day - interval '1 month' THEN 1 WHEN due_on >= day - interval '2 months' THEN 2 ELSE 3 END$$);
SELECT pg_temp.check_scheme('..-1 "not due", ..1 rolling month, ..2 rolling months, ..',
	$$CASE WHEN due_on > day THEN 0 WHEN due_on > day + 1 - interval '1 month' - interval '1 day' THEN 1 WHEN due_on > day + 1 - interval '2 months' - interval '1 day' THEN 2 ELSE 3 END$$);
SELECT pg_temp.check_scheme('1 calendar month, 2 calendar months',
	$$CASE WHEN due_on >= day THEN 0 WHEN to_char(due_on, 'YYYYMM') = to_char(day, 'YYYYMM') THEN 1 WHEN to_char(due_on + interval '1 month', 'YYYYMM') >= to_char(day, 'YYYYMM') THEN 2 ELSE 3 END$$);
\endif

SELECT * FROM finish();
