-- Figures of real invoices, beside plain SQL.  The file is not part of the
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
CREATE TABLE public.payment AS SELECT invoice AS invoice_number, to_date(settled, 'MM/DD/YYYY') AS paid_on, amount::numeric AS amount FROM raw;
ALTER TABLE public.invoice ADD PRIMARY KEY (invoice_number);
CREATE INDEX ON public.payment (invoice_number);
ANALYZE public.invoice, public.payment;
SELECT dunning.adopt('public.invoice', columns => '{"payments": {"table": "payment", "date": "paid_on"}, "currency": "USD"}') \g /dev/null

CREATE TEMP TABLE move (grp text, amount numeric, on_day date, due_on date, sale numeric);
\ir figures.psql
INSERT INTO move
SELECT g.grp, m.amount, m.on_day, i.due_date, m.sale FROM public.invoice AS i JOIN public.payment AS p USING (invoice_number)
CROSS JOIN LATERAL (VALUES (i.invoice_amount, i.invoice_date, i.invoice_amount), (- p.amount, p.paid_on, NULL)) AS m (amount, on_day, sale)
CROSS JOIN LATERAL (VALUES ('all'), (i.customer_id)) AS g (grp);
ANALYZE move;
CREATE TEMP TABLE theirs AS SELECT d.day, h.* FROM (SELECT (date '2012-02-01' + make_interval(months => k))::date - 1 AS day FROM generate_series(0, 25) AS k) AS d
	CROSS JOIN LATERAL pg_temp.by_hand(d.day, 3, 24, false, false) AS h;
SELECT ok((SELECT count(*) = 26 * 101 FROM theirs), '26 month ends of 100 customers and of all');
SELECT set_eq($$ SELECT as_of, 'all', receivables, overdue, overdue_beyond_90, sales, sales_days, dso, best_possible_dso, average_days_delinquent, count_back_dso, collection_effectiveness, overdue_percent, beyond_90_percent
	FROM dunning.figures('2012-01-31', '2014-02-28') $$, $$ SELECT * FROM theirs WHERE grp = 'all' $$, 'every figure of every month end is the one by hand');
SELECT set_eq($$ SELECT as_of, customer::text, receivables, overdue, overdue_beyond_90, sales, sales_days, dso, best_possible_dso, average_days_delinquent, count_back_dso, collection_effectiveness, overdue_percent, beyond_90_percent
	FROM dunning.figures('2012-01-31', '2014-02-28', grouped_by => 'customer') $$, $$ SELECT * FROM theirs WHERE grp <> 'all' $$, 'and of each customer');
SELECT * FROM finish();
ROLLBACK;
