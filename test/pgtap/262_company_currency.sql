-- Reports in the currency of the company: every figure beside plain SQL over
-- the tables.  An item whose company amount is not known on a day counts in its
-- own currency.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL jit = off;
SELECT no_plan();
SELECT setseed(0.6) \g /dev/null

-- Books in three currencies of companies of two.  Some company amounts are
-- missing or no number, some payments lack theirs, some dates are missing.
CREATE TABLE public.fx AS
SELECT i AS id, 'C' || i % 9 AS customer_id, (ARRAY['Nord', 'Sud'])[1 + i % 2] AS company, (ARRAY['EUR', 'USD', 'CHF'])[1 + (random() * 2)::integer] AS currency,
	CASE WHEN random() < 0.95 THEN date '2026-01-01' + (random() * 300)::integer END AS invoice_date,
	CASE WHEN random() < 0.95 THEN date '2026-01-01' + (random() * 350)::integer END AS due_date,
	CASE WHEN random() < 0.98 THEN round(((random() - 0.2) * 1000)::numeric, 2) END AS amount,
	CASE WHEN random() < 0.9 THEN (ARRAY['EUR', 'GBP'])[1 + i % 2] END AS company_currency,
	CASE WHEN random() < 0.01 THEN 'NaN' WHEN random() < 0.9 THEN round(((random() - 0.2) * 900)::numeric, 2) END AS company_amount
FROM generate_series(1, 500) AS i;
ALTER TABLE public.fx ADD PRIMARY KEY (id);
CREATE TABLE public.fx_payment AS
SELECT f.id AS fx_id, CASE WHEN random() < 0.95 THEN coalesce(f.invoice_date, '2026-03-01') - 20 + (random() * 250)::integer END AS paid_on,
	v.amount, CASE WHEN random() < 0.02 THEN 'NaN' WHEN random() < 0.85 THEN round(v.amount * 0.9, 2) END AS company_amount
FROM public.fx AS f CROSS JOIN generate_series(1, 4) CROSS JOIN LATERAL (SELECT CASE WHEN random() < 0.05 THEN 0 ELSE round((f.amount * random() * 0.8)::numeric, 2) END AS amount) AS v
WHERE random() < 0.5;
-- Every third item is settled to the cent, at another rate than it was issued
-- at; some of these are open again later.
INSERT INTO public.fx_payment
SELECT f.id, '2026-09-01'::date + (random() * 60)::integer, f.amount - coalesce((SELECT sum(p.amount) FROM public.fx_payment AS p WHERE p.fx_id = f.id), 0), round(f.company_amount * 0.5, 2)
FROM public.fx AS f WHERE f.id % 3 = 0 AND f.amount IS NOT NULL;
INSERT INTO public.fx_payment SELECT f.id, '2026-12-01', -10, -9 FROM public.fx AS f WHERE f.id % 9 = 0;
SELECT dunning.adopt('public.fx', ledger => 'fx', columns => '{"payments": {"table": "fx_payment", "date": "paid_on", "item": "fx_id", "amount": "amount", "company_amount": "company_amount"}}') \g /dev/null
SELECT is((SELECT array_agg(source ORDER BY field) FROM dunning.adopt('public.fx', ledger => 'fx', replace => true,
		columns => '{"payments": {"table": "fx_payment", "date": "paid_on", "item": "fx_id", "amount": "amount", "company_amount": "company_amount"}}')
		WHERE field LIKE '%company_a%' OR field = 'company_currency'), ARRAY['company_amount', 'company_currency', 'public.fx_payment.company_amount'], 'the company amounts are adopted');

-- by hand
CREATE TEMP TABLE days AS SELECT d::date AS day FROM generate_series(timestamp '2025-12-15', '2027-02-01', '20 days') AS d;
CREATE TEMP TABLE hand AS
SELECT d.day, f.id, f.customer_id, f.due_date, f.invoice_date, v.*, f.invoice_date IS NOT NULL AND bool_and(p.paid_on IS NOT NULL) FILTER (WHERE p.fx_id IS NOT NULL) IS NOT FALSE AS known
FROM days AS d JOIN public.fx AS f ON f.invoice_date <= d.day OR f.invoice_date IS NULL
LEFT JOIN public.fx_payment AS p ON p.fx_id = f.id AND (p.paid_on <= d.day OR p.paid_on IS NULL)
CROSS JOIN LATERAL (SELECT f.currency AS own_currency, f.company_currency, f.company_amount, f.amount) AS v
GROUP BY d.day, f.id, f.customer_id, f.due_date, f.invoice_date, v.own_currency, v.company_currency, v.company_amount, v.amount;
ALTER TABLE hand ADD open numeric, ADD company_open numeric;
UPDATE hand AS h SET open = h.amount - coalesce((SELECT sum(p.amount) FROM public.fx_payment AS p WHERE p.fx_id = h.id AND (p.paid_on <= h.day OR p.paid_on IS NULL)), 0),
	company_open = CASE WHEN h.company_currency IS NOT NULL AND h.company_amount <> 'NaN'
			AND NOT EXISTS (SELECT FROM public.fx_payment AS p WHERE p.fx_id = h.id AND (p.paid_on <= h.day OR p.paid_on IS NULL) AND (p.company_amount IS NULL AND p.amount <> 0 OR p.company_amount = 'NaN'))
		THEN h.company_amount - coalesce((SELECT sum(p.company_amount) FROM public.fx_payment AS p WHERE p.fx_id = h.id AND (p.paid_on <= h.day OR p.paid_on IS NULL)), 0) END;
SELECT ok((SELECT count(*) FILTER (WHERE company_open IS NULL) > 1000 AND count(company_open) > 2000 FROM hand WHERE open <> 0), 'both kinds are among the items');
SELECT cmp_ok((SELECT count(*) FROM hand WHERE open = 0 AND company_open <> 0), '>', 300::bigint, 'so are settled ones of which the rates leave something');

CREATE TEMP VIEW wanted AS
SELECT day, customer_id, CASE WHEN company_open IS NULL THEN own_currency ELSE company_currency END AS currency, due_date, invoice_date, coalesce(company_open, open, 0) AS counted, open IS DISTINCT FROM 0 AS is_open, known
FROM hand;
SELECT is_empty($$
	SELECT d.day, coalesce(r.currency, w.currency), r.amounts, w.amounts
	FROM days AS d
	CROSS JOIN LATERAL (SELECT d.day, r.currency, r.customer::text, r.items, r.total, r.overdue, r.as_of_known, dunning.amounts(r.balance) AS amounts
		FROM dunning.aged_balance_report(d.day, '30,60', in_currency => 'company') AS r WHERE NOT r.is_total) AS r
	FULL JOIN (SELECT day, currency, customer_id, count(*) AS items, sum(counted) AS total, coalesce(sum(counted) FILTER (WHERE due_date < day), 0) AS overdue, bool_and(known) AS known,
			ARRAY[coalesce(sum(counted) FILTER (WHERE due_date >= day), 0), coalesce(sum(counted) FILTER (WHERE due_date < day AND due_date >= day - 30), 0),
				coalesce(sum(counted) FILTER (WHERE due_date < day - 30 AND due_date >= day - 60), 0), coalesce(sum(counted) FILTER (WHERE due_date < day - 60), 0),
				coalesce(sum(counted) FILTER (WHERE due_date IS NULL), 0)] AS amounts
		FROM (SELECT w.day, w.currency, w.customer_id, w.due_date, w.counted, w.is_open, bool_and(w.known) OVER (PARTITION BY w.day, w.currency, w.customer_id) AS known FROM wanted AS w) AS w
		WHERE is_open GROUP BY 1, 2, 3) AS w ON (w.day, w.currency, w.customer_id) = (r.day, r.currency, r.customer)
	WHERE (r.items, r.total, r.overdue, r.amounts, r.as_of_known) IS DISTINCT FROM (w.items, w.total, w.overdue, w.amounts, w.known OR w.day >= _dunning.real_day()) $$,
	'every line of every date is that by hand');
SELECT is_empty($$
	SELECT day, currency FROM days AS d CROSS JOIN LATERAL dunning.aged_balance_report(d.day, '30,60', 'total', in_currency => 'company') AS r
	FULL JOIN (SELECT day, currency, sum(counted) AS total FROM wanted WHERE is_open GROUP BY 1, 2) AS w USING (day, currency) WHERE r.total IS DISTINCT FROM w.total $$, 'so is every total');

-- the series, from one pass over the movements
CREATE FUNCTION pg_temp.wrong(ledger name, grouped_by text, by_date text) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM (
		SELECT s.as_of, s.currency, s.customer::text AS customer, dunning.amounts(s.balance) AS amounts
		FROM dunning.aged_balance_series('2025-12-15', '2027-02-01', '20 days', '30,60', $2, $1, $3, 'company') AS s WHERE s.total <> 0 OR dunning.amounts(s.balance) <> '{0,0,0,0,0}') AS s
	FULL JOIN (SELECT day, currency, customer, ARRAY[coalesce(sum(counted) FILTER (WHERE age <= 0), 0), coalesce(sum(counted) FILTER (WHERE age > 0 AND age <= 30), 0),
				coalesce(sum(counted) FILTER (WHERE age > 30 AND age <= 60), 0), coalesce(sum(counted) FILTER (WHERE age > 60), 0),
				coalesce(sum(counted) FILTER (WHERE age IS NULL), 0)] AS amounts
			FROM (SELECT day, currency, CASE WHEN $2 = 'customer' THEN customer_id END AS customer, counted, day - CASE $3 WHEN 'issue' THEN invoice_date ELSE due_date END AS age FROM wanted WHERE is_open) AS w GROUP BY 1, 2, 3) AS w
		ON (w.day, w.currency) = (s.as_of, s.currency) AND w.customer IS NOT DISTINCT FROM s.customer
	WHERE coalesce(s.amounts, '{0,0,0,0,0}') <> coalesce(w.amounts, '{0,0,0,0,0}')
$$;
SELECT is(pg_temp.wrong('fx', grouped_by, by_date), 0::bigint, format('a series by %s, %s date, is that by hand', grouped_by, by_date))
FROM (VALUES ('total', 'due'), ('customer', 'due'), ('total', 'issue')) AS v (grouped_by, by_date);

-- A ledger that is more than movements is read for each date, and agrees.
CREATE VIEW public.fx_parts AS SELECT *, 'net 30'::text AS terms FROM public.fx WHERE invoice_date IS NOT NULL;
SELECT dunning.adopt('public.fx_parts', ledger => 'parts', columns => '{"key": "id", "due_on": null, "payments": {"table": "fx_payment", "date": "paid_on", "item": "fx_id", "amount": "amount", "company_amount": "company_amount"}}') \g /dev/null
SELECT ok(_dunning.movement_query(l, '{customer,ledger}', false, true) IS NULL, 'the ledger is more than movements') FROM dunning.ledger AS l WHERE l.ledger = 'parts';
SELECT is((SELECT count(*) FROM dunning.aged_balance_series('2025-12-15', '2027-02-01', '20 days', '30,60', 'customer', 'parts', in_currency => 'company') AS s
		FULL JOIN (SELECT d.day, r.* FROM days AS d CROSS JOIN LATERAL dunning.aged_balance_report(d.day, '30,60', 'customer', 'parts', in_currency => 'company') AS r WHERE NOT r.is_total) AS r
			ON (r.day, r.currency, r.customer) = (s.as_of, s.currency, s.customer)
		WHERE s.balance IS DISTINCT FROM r.balance AND (s.total, coalesce(r.total, 0)) <> (0, 0)), 0::bigint, 'its series is the report of each date');
SELECT cmp_ok((SELECT count(DISTINCT currency) FROM dunning.aged_balance_report('2026-09-01', ledger => 'parts', in_currency => 'company')), '=', 4::bigint, 'in the two currencies of companies and those of documents');

-- that an undated payment settled an item on each past day is marked
CREATE VIEW public.fx_undated AS SELECT * FROM (VALUES (1, 'U', date '2026-01-01', date '2026-02-01', 100), (2, 'U', '2026-01-01', '2026-02-01', 7), (3, 'V', '2026-01-01', '2026-02-01', 9)) AS v (id, customer_id, invoice_date, due_date, amount);
CREATE VIEW public.fx_undated_payment AS SELECT 1 AS fx_id, 100 AS amount, NULL::date AS paid_on;
SELECT dunning.adopt('public.fx_undated', ledger => 'undated', columns => '{"key": "id", "payments": {"table": "fx_undated_payment", "date": "paid_on", "item": "fx_id", "amount": "amount"}}') \g /dev/null
SELECT results_eq($$ SELECT customer::text, is_total, items, total, as_of_known FROM dunning.aged_balance_report('2026-03-31', '30', ledger => 'undated') $$,
	$$ VALUES ('U', false, 1::bigint, 7::numeric, false), ('V', false, 1, 9, true), (NULL, true, 2, 16, false) $$, 'a past day of a settled item is not known without the date of its payment');
SELECT results_eq($$ SELECT customer::text, total, as_of_known FROM dunning.aged_balance_series('2026-03-31', '2026-03-31', scheme => '30', grouped_by => 'customer', ledger => 'undated') $$,
	$$ VALUES ('U', 7::numeric, false), ('V', 9, true) $$, 'nor in a series');
SELECT throws_ok($$ SELECT * FROM dunning.aged_items('2026-03-31', 1, '30', 'nowhere') $$, '42704', 'ledger "nowhere" does not exist', 'a ledger that is not there has no items behind a cell');
SELECT dunning.release_ledger('undated') \g /dev/null

-- A ledger without company amounts has the same report either way.
CREATE VIEW public.fx_plain AS SELECT id, customer_id, currency, invoice_date, due_date, amount AS open_amount FROM public.fx;
SELECT dunning.adopt('public.fx_plain', ledger => 'plain', columns => '{"key": "id", "open_amount": "open_amount"}') \g /dev/null
SELECT results_eq($$ SELECT (r).* FROM dunning.aged_balance_report('2026-09-01', ledger => 'plain', in_currency => 'company') AS r $$,
	$$ SELECT (r).* FROM dunning.aged_balance_report('2026-09-01', ledger => 'plain') AS r $$, 'no company amounts, nothing else');

-- what is no number is in no share and no sum of what is overdue
INSERT INTO public.fx VALUES (1001, 'X', 'Nord', 'SEK', '2026-01-01', '2026-02-01', 'NaN', NULL, NULL), (1002, 'X', 'Nord', 'SEK', '2026-01-01', '2026-02-01', 75, NULL, NULL),
	(1003, 'Y', 'Nord', 'SEK', '2026-01-01', '2026-02-01', 25, NULL, NULL), (1004, 'Y', 'Nord', 'SEK', '2026-01-01', '2026-02-01', '-Infinity', NULL, NULL);
SELECT results_eq($$ SELECT customer::text, is_total, items, total::text, overdue, percent FROM dunning.aged_balance_report('2026-03-01', '30', ledger => 'fx') WHERE currency = 'SEK' $$,
	$$ VALUES ('X', false, 2::bigint, 'NaN', 75::numeric, 75.00), ('Y', false, 2, '-Infinity', 25, 25.00), (NULL, true, 4, 'NaN', 100, 100.00) $$,
	'an amount that is no number spoils the total it is part of, and nothing else');
SELECT results_eq($$ SELECT b.label, b.amount::text, string_agg(i.item::text, ',' ORDER BY i.item) FROM dunning.aged_balance_report('2026-03-01', '30', 'total', 'fx') AS r CROSS JOIN LATERAL dunning.buckets(r.balance) AS b
		LEFT JOIN LATERAL (SELECT i.item FROM dunning.aged_items('2026-03-01', b.bucket, '30', 'fx') AS i WHERE i.currency = 'SEK') AS i ON true WHERE r.currency = 'SEK' GROUP BY b.bucket, b.label, b.amount ORDER BY b.bucket, b.label COLLATE "C" $$,
	$$ VALUES ('not due', '0', NULL), ('1-30', '100', '1002,1003'), ('31+', '0', NULL), ('no due date', '0', '1001,1004'), ('no valid amount', 'NaN', '1001,1004') $$, 'behind a bucket are the items of its amount, and what is in none has a place of its own');

SELECT * FROM finish();
ROLLBACK;
