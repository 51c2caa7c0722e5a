-- Reports on real invoices, beside plain SQL.  The file is not part of the
-- project: see 100_real_invoices.sql.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\set there `test -r "${DUNNING_SHARED:-../shared}/data/accounts_receivable.csv" && echo true || echo false`
\if :there
\else
	\echo '1..0 # SKIP no ../shared/data/accounts_receivable.csv'
	\quit
\endif
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL jit = off;
SELECT no_plan();
CREATE TEMP TABLE raw (country text, customer text, paperless_date text, invoice text, issued text, due text,
	amount text, disputed text, settled text, paperless text, days_to_settle text, days_late text);
\copy raw FROM PROGRAM 'cat "${DUNNING_SHARED:-../shared}/data/accounts_receivable.csv"' (FORMAT csv, HEADER)
CREATE TABLE public.invoice AS SELECT invoice AS invoice_number, customer AS customer_id, to_date(issued, 'MM/DD/YYYY') AS invoice_date,
	to_date(due, 'MM/DD/YYYY') AS due_date, amount::numeric AS invoice_amount FROM raw;
ALTER TABLE public.invoice ADD PRIMARY KEY (invoice_number);
CREATE TABLE public.payment AS SELECT invoice AS invoice_number, to_date(settled, 'MM/DD/YYYY') AS paid_on, amount::numeric AS amount FROM raw;
CREATE INDEX ON public.payment (invoice_number);
ANALYZE public.invoice, public.payment;
SELECT dunning.adopt('public.invoice', columns => '{"payments": {"table": "payment", "date": "paid_on"}, "currency": "USD"}') \g /dev/null

CREATE TEMP TABLE month AS SELECT (date '2012-02-01' + make_interval(months => n))::date - 1 AS day FROM generate_series(0, 23) AS n;
CREATE TEMP TABLE by_hand AS
SELECT m.day, customer_id, GROUPING(customer_id) = 1 AS is_total, count(*) AS items, sum(invoice_amount) AS total,
	sum(CASE WHEN m.day > due_date THEN invoice_amount ELSE 0 END) AS overdue, ARRAY[
	coalesce(sum(invoice_amount) FILTER (WHERE CASE WHEN m.day - due_date <= 0 THEN true ELSE false END), 0),
	coalesce(sum(invoice_amount) FILTER (WHERE CASE WHEN m.day - due_date BETWEEN 1 AND 30 THEN true ELSE false END), 0),
	coalesce(sum(invoice_amount) FILTER (WHERE CASE WHEN m.day - due_date BETWEEN 31 AND 60 THEN true ELSE false END), 0),
	coalesce(sum(invoice_amount) FILTER (WHERE CASE WHEN m.day - due_date BETWEEN 61 AND 90 THEN true ELSE false END), 0),
	coalesce(sum(invoice_amount) FILTER (WHERE CASE WHEN m.day - due_date > 90 THEN true ELSE false END), 0), 0] AS amounts
FROM month AS m JOIN public.invoice AS i ON i.invoice_date <= m.day
JOIN public.payment AS p ON p.invoice_number = i.invoice_number AND p.paid_on > m.day
GROUP BY m.day, ROLLUP (customer_id);
SELECT is((SELECT count(*) FROM by_hand WHERE is_total), 24::bigint, '24 month ends');
SELECT set_eq($$ SELECT m.day, r.customer::text, r.is_total, r.items, r.total, r.overdue, dunning.amounts(r.balance) FROM month AS m CROSS JOIN LATERAL dunning.aged_balance_report(m.day) AS r $$,
	'SELECT day, customer_id, is_total, items, total, overdue, amounts FROM by_hand', 'the report of every month end of 2012 and 2013 is the one by hand');
SELECT set_eq($$ SELECT as_of, total, dunning.amounts(balance) FROM dunning.aged_balance_series('2012-01-31', '2013-12-31') $$,
	'SELECT day, total, amounts FROM by_hand WHERE is_total', 'and so is the series');
SELECT set_eq($$ SELECT as_of, customer::text, total, dunning.amounts(balance) FROM dunning.aged_balance_series('2012-01-31', '2013-12-31', grouped_by => 'customer') WHERE total <> 0 $$,
	'SELECT day, customer_id, total, amounts FROM by_hand WHERE NOT is_total', 'and that of each customer');
SELECT is((SELECT total FROM dunning.aged_balance_series('2013-12-31', '2013-12-31')),
	(SELECT sum(amount::numeric) FROM raw WHERE to_date(issued, 'MM/DD/YYYY') <= '2013-12-31' AND to_date(settled, 'MM/DD/YYYY') > '2013-12-31'), 'the last balance is what was not settled');
SELECT set_eq($$ SELECT u.day, dunning.amounts(u.balance) FROM (
		SELECT dunning.aged_series(m.amount, m.on_day, m.due_date, (SELECT array_agg(day ORDER BY day) FROM month), '30,60,90') AS s
		FROM (SELECT invoice_amount AS amount, invoice_date AS on_day, due_date FROM public.invoice
			UNION ALL SELECT - p.amount, p.paid_on, i.due_date FROM public.payment AS p JOIN public.invoice AS i USING (invoice_number)) AS m) AS a
	CROSS JOIN LATERAL unnest((SELECT array_agg(day ORDER BY day) FROM month), a.s) AS u (day, balance) $$,
	'SELECT day, amounts FROM by_hand WHERE is_total', 'the aggregate over the movements has them, too');
SELECT * FROM finish();
ROLLBACK;
