-- The aged balance of ledgers, on any day and over time: every figure beside
-- plain SQL.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL jit = off;
SELECT no_plan();
SELECT setseed(0.4) \g /dev/null

CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	lines text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		lines := lines || E'\n' || line;
	END LOOP;
	RETURN lines;
END $$;

SELECT is_empty('SELECT * FROM dunning.aged_balance_report()', 'no ledgers, no report');
SELECT is_empty($$ SELECT * FROM dunning.aged_balance_series('2026-01-31', '2026-12-31') $$, 'and no series');

--
-- Published examples, each a ledger of its own
--
CREATE TABLE public.example (id integer PRIMARY KEY, customer_id integer, customer_name text, invoice_date date, due_date date, amount numeric, open_amount numeric, currency text);
SELECT dunning.adopt('public.example', ledger => 'example', columns => '{"open_amount": "open_amount"}') \g /dev/null

-- Partner aging as of 31 December 2017
INSERT INTO public.example SELECT n, 1, 'A', '2017-01-01', due, amount, amount, 'EUR'
FROM (VALUES (1, date '2018-01-15', 500), (2, '2017-12-15', 1000), (3, '2017-11-15', 2000), (4, '2017-10-15', 4000), (5, '2017-09-15', 8000), (6, '2017-08-15', 160000)) AS v (n, due, amount);
SELECT results_eq($$ SELECT b.label, b.amount FROM dunning.aged_balance_report('2017-12-31', '30,60,90,120', 'total') AS r CROSS JOIN LATERAL dunning.buckets(r.balance) AS b WHERE b.bucket IS NOT NULL $$,
	$$ VALUES ('not due', 500::numeric), ('1-30', 1000), ('31-60', 2000), ('61-90', 4000), ('91-120', 8000), ('121+', 160000) $$, 'the published partner aging');
SELECT results_eq($$ SELECT is_total, items, total, overdue, percent, as_of_known FROM dunning.aged_balance_report('2017-12-31') $$,
	$$ VALUES (false, 6::bigint, 175500::numeric, 175000::numeric, 100.00, false), (true, 6, 175500, 175000, 100.00, false) $$, 'a line and its total, marked as today''s open amounts');
SELECT results_eq($$ SELECT k, i.item::text FROM generate_series(0, 5) AS k CROSS JOIN LATERAL dunning.aged_items('2017-12-31', k, '30,60,90,120') AS i ORDER BY k $$,
	$$ SELECT k - 1, k::text FROM generate_series(1, 6) AS k $$, 'the items behind each bucket');

-- One item an age, its amount a bit of its own
TRUNCATE public.example;
INSERT INTO public.example SELECT n, 1, 'A', '2017-01-01', date '2017-12-31' - age, 2 ^ (n - 1), 2 ^ (n - 1), 'EUR'
FROM unnest(ARRAY[-31, -30, -1, 0, 1, 29, 30, 31, 59, 60, 61, 89, 90, 91, 120, 121]) WITH ORDINALITY AS u (age, n);
SELECT is((SELECT dunning.amounts(balance) FROM dunning.aged_balance_report('2017-12-31', '30,60,90', 'total')),
	ARRAY[1+2+4+8, 16+32+64, 128+256+512, 1024+2048+4096, 8192+16384+32768, 0]::numeric[], 'every age at the edges');
SELECT is((SELECT array_agg(t ORDER BY k) FROM (SELECT k, sum(i.open_amount) AS t FROM generate_series(0, 4) AS k CROSS JOIN LATERAL dunning.aged_items('2017-12-31', k, '30,60,90') AS i GROUP BY k) AS s),
	ARRAY[15, 112, 896, 7168, 57344]::numeric[], 'and their items');

-- 151 days after its date, even an unallocated payment is in the last bucket
TRUNCATE public.example;
INSERT INTO public.example VALUES (1, 1, 'A', '2026-01-01', '2026-01-01', -100, -100, 'EUR');
SELECT is((SELECT dunning.amount(balance, 4) FROM dunning.aged_balance_report('2026-06-01', by_date => 'issue') WHERE is_total), -100::numeric, 'a payment of 151 days ago is in the last bucket');

-- 100 in parts of 30, 50 and 20, of which 70 and then 100 more are paid
CREATE TABLE public.part (id integer PRIMARY KEY, customer_id integer, customer_name text, invoice_date date, amount numeric, currency text, payment_terms text);
CREATE TABLE public.part_payment (part_id integer, paid_on date, amount numeric);
INSERT INTO public.part VALUES (1, 1, 'A', '2026-01-01', 100, 'EUR', '30% net 30; 50% net 60; 20% net 90');
INSERT INTO public.part_payment VALUES (1, '2026-01-15', 30), (1, '2026-02-01', 40), (1, '2026-05-01', 100);
SELECT dunning.adopt('public.part', ledger => 'part', columns => '{"terms": "payment_terms", "payments": {"table": "part_payment", "date": "paid_on", "item": "part_id", "amount": "amount"}}') \g /dev/null
SELECT results_eq($$ SELECT to_char(as_of, 'MM-DD'), dunning.amounts(balance), as_of_known FROM dunning.aged_balance_series('2026-01-01', '2026-06-01', '1 month', '30,60,90', ledger => 'part') ORDER BY 1 $$,
	$$ VALUES ('01-01', '{100,0,0,0,0,0}'::numeric[], true), ('02-01', '{30,0,0,0,0,0}', true), ('03-01', '{30,0,0,0,0,0}', true),
		('04-01', '{20,10,0,0,0,0}', true), ('05-01', '{0,-70,0,0,0,0}', true), ('06-01', '{0,0,0,-70,0,0}', true) $$,
	'parts are paid in the order of their due dates, what is too much is a credit');
SELECT is((SELECT dunning.amounts(balance) FROM dunning.aged_balance_report(day, '30,60,90', 'total', 'part')), (SELECT dunning.amounts(balance) FROM dunning.aged_balance_series(day, day, '1 day', '30,60,90', ledger => 'part')),
	'as the report has it on ' || day) FROM (VALUES (date '2026-02-01'), ('2026-04-01'), ('2026-05-01')) AS d (day);
SELECT dunning.release_ledger(ledger) FROM dunning.ledger \g /dev/null
DROP TABLE public.example, public.part, public.part_payment;

--
-- Random books: dated payments, some before the issue date or without one;
-- items without dates or amount; credits; several companies and currencies;
-- items in parts; a ledger without payments
--
CREATE TABLE public.book AS
SELECT i AS id, (random() * 20)::integer AS customer_id, (ARRAY['Nord', 'Sud', NULL])[1 + i % 3] AS company, (ARRAY['EUR', 'USD', 'EUR', NULL])[1 + (random() * 3)::integer] AS currency,
	CASE WHEN random() < 0.93 THEN date '2026-01-01' + (random() * 400)::integer END AS invoice_date,
	CASE WHEN random() < 0.93 THEN date '2026-01-01' + (random() * 450)::integer END AS due_date,
	CASE WHEN random() < 0.02 THEN NULL WHEN random() < 0.02 THEN 1e19 + 0.01 ELSE round(((random() - 0.2) * 1000)::numeric, 2) END AS amount,
	(ARRAY['30 days', '30% net 30; 70% net 60', 'nonsense', '1/3 net 10; 1/3 net 40; 1/3 net 70'])[1 + i % 4] AS terms
FROM generate_series(1, 600) AS i;
ALTER TABLE public.book ADD PRIMARY KEY (id);
CREATE TABLE public.settlement AS
SELECT b.id AS book_id, CASE WHEN random() < 0.92 THEN coalesce(b.invoice_date, '2026-03-01') - 20 + (random() * 250)::integer END AS paid_on,
	round((b.amount * (CASE WHEN random() < 0.2 THEN 1 ELSE random() * 0.8 - 0.15 END))::numeric, 2) AS amount
FROM public.book AS b, generate_series(1, 4) WHERE random() < 0.6
UNION ALL SELECT NULL, '2026-03-01', 7 UNION ALL SELECT 9999, '2026-03-01', 8 UNION ALL SELECT 1, '2026-03-01', NULL;
CREATE TABLE public.client AS SELECT i AS id, 'Client ' || i AS name FROM generate_series(0, 18) AS i;
ALTER TABLE public.client ADD PRIMARY KEY (id);
CREATE TABLE public.plain AS SELECT b.*, b.amount AS open_amount FROM public.book AS b WHERE b.id <= 100;
ALTER TABLE public.plain ADD PRIMARY KEY (id);
SELECT dunning.adopt('public.book', ledger => 'book', columns => '{"terms": null, "customers": "client", "payments": {"table": "settlement", "date": "paid_on", "item": "book_id", "amount": "amount"}}') \g /dev/null
CREATE VIEW public.book_terms AS SELECT id, customer_id, company, currency, coalesce(invoice_date, '2026-02-02') AS invoice_date, amount, terms FROM public.book WHERE id > 300 AND (amount < 1e18) IS NOT FALSE;
SELECT dunning.adopt('public.book_terms', ledger => 'terms', columns => '{"key": "id", "payments": {"table": "settlement", "date": "paid_on", "item": "book_id", "amount": "amount"}}') \g /dev/null
SELECT dunning.adopt('public.plain', ledger => 'plain', columns => '{"open_amount": "open_amount", "terms": null}') \g /dev/null
CREATE VIEW public.undated AS SELECT b.id, b.customer_id, b.company, b.currency, b.due_date, b.amount FROM public.book AS b WHERE id BETWEEN 200 AND 400;
SELECT dunning.adopt('public.undated', ledger => 'no issue date', columns => '{"key": "id", "payments": {"table": "settlement", "date": "paid_on", "item": "book_id", "amount": "amount"}}') \g /dev/null
SELECT is((SELECT count(*) FROM dunning.ledger), 4::bigint, 'four ledgers');
SELECT is((SELECT array_agg(ledger::text ORDER BY ledger) FROM dunning.ledger AS l WHERE _dunning.movement_query(l, '{customer,ledger}', false, false) IS NULL), '{plain,terms}'::text[], 'two of them are more than movements');

CREATE TEMP TABLE days AS SELECT unnest(_dunning.series_days('2025-12-31', '2027-06-30', '1 month')) AS day;
-- the report of each date from the items that were open
CREATE TEMP VIEW wanted AS
SELECT d.day, o.ledger, o.company, o.currency, o.customer::text, dunning.aged_balance(o.open_amount, o.due_on, d.day, '30,60,90') AS balance
FROM days AS d CROSS JOIN LATERAL dunning.open_items(d.day) AS o GROUP BY 1, 2, 3, 4, 5;
CREATE TEMP TABLE by_item AS SELECT * FROM wanted;
SELECT cmp_ok((SELECT count(*) FROM by_item), '>', 3000::bigint, 'there are balances to compare');

-- A series must have each of them, and nothing else but zeros.
CREATE FUNCTION pg_temp.not_equal(source text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE
		'SELECT coalesce(a::text, '''') || '' instead of '' || coalesce(w::text, '''')
		FROM (' || source || ') AS a FULL JOIN (SELECT * FROM by_item WHERE balance IS NOT NULL) AS w
			ON a.as_of = w.day AND a.ledger = w.ledger AND a.company IS NOT DISTINCT FROM w.company
				AND a.currency IS NOT DISTINCT FROM w.currency AND a.customer::text = w.customer
		WHERE a.balance IS NULL AND w.balance IS NOT NULL
			OR w.balance IS NULL AND a.balance <> ''{0,0,0,0,0} by 30,60,90'' OR a.balance <> w.balance';
END $$;
SELECT is_empty($$ SELECT pg_temp.not_equal('SELECT * FROM dunning.aged_balance_series(''2025-12-31'', ''2027-06-30'', grouped_by => ''company, customer, ledger'')') $$,
	'the series of each customer is the report of each date');
SELECT is_empty(format($$ SELECT s.currency, s.as_of, s.balance, w.balance FROM dunning.aged_balance_series('2025-12-31', '2027-06-30') AS s
	LEFT JOIN (SELECT day, currency, dunning.sum(balance) AS balance FROM by_item GROUP BY 1, 2) AS w ON w.day = s.as_of AND w.currency IS NOT DISTINCT FROM s.currency
	WHERE s.balance <> coalesce(w.balance, '{0,0,0,0,0} by 30,60,90') OR s.balance IS NULL $$), 'and of each currency');

-- Other dates, schemes, ages and groups
CREATE FUNCTION pg_temp.series_and_report(scheme text, grouped_by text, by_date text, ledger name) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM dunning.aged_balance_series('2026-01-07', '2027-03-01', '41 days', $1, $2, $4, $3) AS s
	LEFT JOIN (SELECT d.day, r.* FROM generate_series(timestamp '2026-01-07', '2027-03-01', '41 days') AS d (day) CROSS JOIN LATERAL dunning.aged_balance_report(d.day::date, $1, $2, $4, $3) AS r
		WHERE r.is_total = ($2 IN ('total', 'currency'))) AS r
		ON r.day = s.as_of AND (r.currency, r.ledger, r.company, r.customer, r.customer_name) IS NOT DISTINCT FROM (s.currency, s.ledger, s.company, s.customer, s.customer_name)
	WHERE s.total <> coalesce(r.total, 0) OR s.balance <> r.balance OR r.balance IS NULL AND dunning.amounts(s.balance) <> array_fill(0::numeric, ARRAY[cardinality(dunning.amounts(s.balance))])
$$;
SELECT is(pg_temp.series_and_report(scheme, grouped_by, by_date, ledger), 0::bigint, format('series and report agree: %s, by %s, %s date, %s', scheme, grouped_by, by_date, ledger))
FROM (VALUES ('1 month, 2 months', 'total', 'due', NULL::name), ('..0 "good", 1..15 "soon", 16..', 'ledger', 'issue', NULL), ('..-30, ..0, ..30, ..', 'company', 'due', NULL),
	('30,60,90', 'customer', 'issue', 'book'), ('1 calendar month, 2 calendar months', 'company, ledger', 'issue', 'terms'), ('..', 'currency', 'due', 'no issue date')) AS v (scheme, grouped_by, by_date, ledger);

-- The report against plain SQL over the tables
CREATE INDEX ON public.settlement (book_id);
CREATE TEMP TABLE item_on AS
SELECT d.day, b.id, b.customer_id, b.company, b.currency, b.due_date, b.invoice_date,
	b.amount - coalesce((SELECT sum(s.amount) FROM public.settlement AS s WHERE s.book_id = b.id AND (s.paid_on <= d.day OR s.paid_on IS NULL)), 0) AS open
FROM days AS d JOIN public.book AS b ON b.invoice_date <= d.day OR b.invoice_date IS NULL;
SELECT is_empty($$
	SELECT coalesce(r.day, h.day), r.currency, h.currency, r.amounts, h.amounts
	FROM (SELECT d.day, r.currency, r.company, r.is_total, r.items, r.total, r.overdue, r.percent, dunning.amounts(r.balance) AS amounts
		FROM days AS d CROSS JOIN LATERAL dunning.aged_balance_report(d.day, '30,60,90', 'company', 'book') AS r) AS r
	FULL JOIN (SELECT day, currency, company, GROUPING(company) = 1 AS is_total, count(*) AS items, coalesce(sum(open), 0) AS total,
			coalesce(sum(open) FILTER (WHERE due_date < day), 0) AS overdue,
			round(100 * coalesce(sum(open), 0) / nullif(max(whole), 0), 2) AS percent,
			ARRAY[coalesce(sum(open) FILTER (WHERE due_date >= day), 0), coalesce(sum(open) FILTER (WHERE due_date < day AND due_date >= day - 30), 0),
				coalesce(sum(open) FILTER (WHERE due_date < day - 30 AND due_date >= day - 60), 0), coalesce(sum(open) FILTER (WHERE due_date < day - 60 AND due_date >= day - 90), 0),
				coalesce(sum(open) FILTER (WHERE due_date < day - 90), 0), coalesce(sum(open) FILTER (WHERE due_date IS NULL), 0)] AS amounts
		FROM (SELECT *, sum(open) OVER (PARTITION BY day, currency) AS whole FROM item_on) AS i WHERE open IS DISTINCT FROM 0 GROUP BY GROUPING SETS ((day, currency, company), (day, currency))) AS h
	ON h.day = r.day AND h.is_total = r.is_total AND (h.currency, h.company) IS NOT DISTINCT FROM (r.currency, r.company)
	WHERE (r.items, r.total, r.overdue, r.percent, r.amounts) IS DISTINCT FROM (h.items, h.total, h.overdue, h.percent, h.amounts) $$,
	'lines and totals of the report are those by hand');
SELECT is_empty($$ SELECT d.day, r.* FROM days AS d CROSS JOIN LATERAL dunning.aged_balance_report(d.day) AS r
	WHERE r.total IS DISTINCT FROM (SELECT sum(a) FROM unnest(dunning.amounts(r.balance)) AS a) $$, 'the buckets add up to each total');
SELECT is_empty($$ SELECT currency FROM days AS d CROSS JOIN LATERAL dunning.aged_balance_report(d.day) AS r GROUP BY d.day, currency
	HAVING sum(total) FILTER (WHERE is_total) <> sum(total) FILTER (WHERE NOT is_total) OR count(*) FILTER (WHERE is_total) <> 1
		OR dunning.sum(balance) FILTER (WHERE is_total) <> dunning.sum(balance) FILTER (WHERE NOT is_total) OR sum(items) FILTER (WHERE is_total) <> sum(items) FILTER (WHERE NOT is_total) $$,
	'and the lines to the one total of each currency');
SELECT is((SELECT string_agg(DISTINCT customer_name, ',' ORDER BY customer_name) FROM dunning.aged_balance_report('2026-12-31') WHERE customer = '7'), 'Client 7', 'names come from the customers');
SELECT is((SELECT count(*) FROM dunning.aged_balance_report('2026-12-31') WHERE customer = '7' AND currency = 'EUR'), 4::bigint, 'customers of different ledgers are different ones');
SELECT is((SELECT array_agg(DISTINCT (ledger, as_of_known)::text ORDER BY (ledger, as_of_known)::text) FROM dunning.aged_balance_report('2026-01-31', grouped_by => 'ledger') WHERE NOT is_total),
	(SELECT array_agg((ledger, known)::text ORDER BY (ledger, known)::text) FROM (SELECT ledger, bool_and(as_of_known) AS known FROM dunning.open_items('2026-01-31') GROUP BY 1) AS o), 'what is not known is marked');
SELECT is((SELECT count(*) FROM dunning.open_items('2026-01-31') AS o JOIN public.book AS b ON b.id::text = o.item::text
		WHERE o.ledger = 'book' AND o.as_of_known IS DISTINCT FROM (b.invoice_date IS NOT NULL AND NOT EXISTS (SELECT FROM public.settlement AS s WHERE s.book_id = b.id AND s.paid_on IS NULL))),
	0::bigint, 'an item without an issue date, or with a payment without a date');
SELECT is((SELECT array_agg((currency, as_of_known)::text ORDER BY currency) FROM dunning.aged_balance_series('2026-01-31', '2026-01-31', grouped_by => 'currency', ledger => 'book')),
	(SELECT array_agg((currency, known)::text ORDER BY currency) FROM (SELECT b.currency, bool_and(b.invoice_date IS NOT NULL AND NOT EXISTS (SELECT FROM public.settlement AS s WHERE s.book_id = b.id AND s.paid_on IS NULL)) AS known
		FROM public.book AS b GROUP BY 1) AS k), 'marked in the series of movements, too');
SELECT ok((SELECT NOT bool_or(as_of_known) FROM dunning.aged_balance_series('2026-01-31', '2026-01-31', ledger => 'plain')), 'in the series, too');
SELECT results_eq('SELECT * FROM dunning.aged_balance_report(NULL)', 'SELECT * FROM dunning.aged_balance_report()', 'no day is today');

-- Drill-down: the items of every cell
SELECT is_empty($$
	SELECT d.day, k, i.amounts, r.amounts FROM (SELECT day FROM days WHERE extract(month FROM day) = 6) AS d
	CROSS JOIN LATERAL (SELECT r.currency, r.ledger, r.customer, r.balance, dunning.amounts(r.balance) AS amounts FROM dunning.aged_balance_report(d.day) AS r WHERE NOT is_total) AS r
	CROSS JOIN generate_series(0, 4) AS k
	LEFT JOIN LATERAL (SELECT coalesce(sum(i.open_amount), 0) AS amounts FROM dunning.aged_items(d.day, k, dunning.scheme(r.balance)::text) AS i
		WHERE i.ledger = r.ledger AND i.customer = r.customer AND i.currency IS NOT DISTINCT FROM r.currency) AS i ON true
	WHERE i.amounts <> r.amounts[k + 1] AND r.customer < '2' $$, 'the items of a cell add up to it');
SELECT is((SELECT count(*) FROM dunning.aged_items('2026-12-31', NULL)), (SELECT count(*) FROM dunning.open_items('2026-12-31') WHERE due_on IS NULL), 'items without a due date');
SELECT is((SELECT count(*) FROM dunning.aged_items('2026-12-31', NULL, by_date => 'issue')), (SELECT count(*) FROM dunning.open_items('2026-12-31') WHERE issued_on IS NULL), 'or without an issue date');
CREATE INDEX book_due ON public.book (due_date);
SELECT dunning.release_ledger(ledger) FROM dunning.ledger WHERE ledger <> 'book' \g /dev/null
SET LOCAL enable_seqscan = off;
SELECT matches(pg_temp.plan($$ SELECT * FROM dunning.aged_items('2026-12-31', 1) $$), 'Index Cond: ..due_date >= dunning.aging_bucket_from\(.2026-12-31.::date, 1, .*\).* AND .due_date <= ', 'the items of a bucket are found by the index');
RESET enable_seqscan;

--
-- Steps
--
SELECT is(_dunning.series_days(from_day, to_day, step::interval)::text, days, format('from %s by %s', from_day, step))
FROM (VALUES (date '2012-01-31', date '2012-04-30', '1 month', '{2012-01-31,2012-02-29,2012-03-31,2012-04-30}'), ('2012-02-29', '2012-05-31', '1 month', '{2012-02-29,2012-03-31,2012-04-30,2012-05-31}'),
	('2012-01-30', '2012-04-30', '1 month', '{2012-01-30,2012-02-29,2012-03-30,2012-04-30}'), ('2012-11-30', '2013-11-30', '3 months', '{2012-11-30,2013-02-28,2013-05-31,2013-08-31,2013-11-30}'),
	('2012-02-29', '2016-12-31', '1 year', '{2012-02-29,2013-02-28,2014-02-28,2015-02-28,2016-02-29}'), ('2012-02-27', '2012-03-13', '1 week', '{2012-02-27,2012-03-05,2012-03-12}'),
	('2012-02-28', '2012-03-01', '1 day', '{2012-02-28,2012-02-29,2012-03-01}'), ('2012-01-31', '2012-05-31', '1 month 1 day', '{2012-01-31,2012-03-01,2012-04-02,2012-05-03}'),
	('2012-01-31', '2012-01-30', '1 day', '{}'), ('9999-11-30', '9999-12-31', '1 month', '{9999-11-30,9999-12-31}'), ('9999-12-31', '9999-12-31', '1 day', '{9999-12-31}')) AS v (from_day, to_day, step, days);
SELECT is_empty($$ SELECT * FROM dunning.aged_balance_series('2026-02-01', '2026-01-01') $$, 'no dates, no rows');

--
-- Errors
--
SELECT matches(pg_temp.try(statement), '^' || state, statement)
FROM (VALUES
	('22023: a report cannot be by "colour"', 'SELECT * FROM dunning.aged_balance_report(grouped_by => ''customer, colour'')'),
	('22023: items cannot be aged by "paid"', 'SELECT * FROM dunning.aged_balance_report(by_date => ''paid'')'),
	('42704: ledger "nowhere" does not exist', 'SELECT * FROM dunning.aged_balance_report(ledger => ''nowhere'')'),
	('42704: ledger "nowhere" does not exist', 'SELECT * FROM dunning.aged_balance_series(''2026-01-31'', ledger => ''nowhere'')'),
	('42704: aging scheme "nothing" does not exist', 'SELECT * FROM dunning.aged_balance_report(scheme => ''nothing'')'),
	('42704: aging scheme "Odoo" does not exist', 'SELECT * FROM dunning.aged_items(''2026-12-31'', 1, ''Odoo'')'),
	('22P02: invalid input syntax for type aging_scheme: "30,20"', 'SELECT * FROM dunning.aged_balance_report(scheme => ''30,20'')'),
	('22P02: invalid input syntax for type aging_scheme: "under"', 'SELECT * FROM dunning.aged_balance_report(scheme => ''under'')'),
	('22023: amounts cannot be in the currency of "EUR"', 'SELECT * FROM dunning.aged_balance_report(in_currency => ''EUR'')'),
	('22023: the step of a series must be some whole days or months, not', 'SELECT * FROM dunning.aged_balance_series(''2026-01-31'', step => ''0 days'')'),
	('22023: the step of a series must be some whole days or months, not', 'SELECT * FROM dunning.aged_balance_series(''2026-01-31'', step => ''1 hour'')'),
	('22023: the step of a series must be some whole days or months, not', 'SELECT * FROM dunning.aged_balance_series(''2026-01-31'', step => ''1 month -1 day'')'),
	('22023: the step of a series must be some whole days or months, not', 'SELECT * FROM dunning.aged_balance_series(''2026-01-31'', step => ''-1 month'')'),
	('22004: the first day of a series is missing', 'SELECT * FROM dunning.aged_balance_series(NULL)'),
	('22008: date of a series out of range', 'SELECT * FROM dunning.aged_balance_series(''2026-01-31'', ''infinity'')'),
	('22008: date of a series out of range', 'SELECT * FROM dunning.aged_balance_series(''10000-01-01'', ''10001-01-01'')'),
	('54000: too many dates', 'SELECT * FROM dunning.aged_balance_series(''1900-01-31'', ''2026-12-31'', ''1 day'')')) AS v (state, statement);

-- Ledgers of different schemes have no common report, unless one is named.
INSERT INTO dunning.scheme (name, scheme) VALUES ('weeks', '7,14'), ('same', '30,60,90');
SELECT dunning.adopt('public.plain', ledger => 'plain', columns => '{"open_amount": "open_amount", "terms": null}', scheme => 'weeks') \g /dev/null
SELECT matches(pg_temp.try('SELECT * FROM dunning.aged_balance_report()'), '^22023: the ledgers have different aging schemes', 'two schemes');
SELECT matches(pg_temp.try('SELECT * FROM dunning.aged_balance_series(''2026-01-31'')'), '^22023: the ledgers have different aging schemes', 'nor a series');
SELECT is((SELECT array_agg(DISTINCT dunning.scheme(balance)::text) FROM dunning.aged_balance_report('2026-12-31', scheme, ledger => ledger)), ARRAY[used], format('scheme %s, ledger %s', scheme, ledger))
FROM (VALUES ('weeks', NULL::name, '7,14'), ('10,20', NULL, '10,20'), (NULL, 'plain', '7,14'), (NULL, 'book', '30,60,90')) AS v (scheme, ledger, used);
SELECT dunning.adopt('public.plain', ledger => 'plain', columns => '{"open_amount": "open_amount", "terms": null}', scheme => 'same', replace => true) \g /dev/null
SELECT is(pg_temp.try('SELECT * FROM dunning.aged_balance_report()'), 'ok', 'the same scheme under two names is no problem');

--
-- Rights are those on the tables
--
CREATE ROLE dunning_report_reader;
SET LOCAL ROLE dunning_report_reader;
SELECT matches(pg_temp.try('SELECT * FROM dunning.aged_balance_report(''2026-12-31'')'), '^42501', 'a user without rights has no report');
SELECT matches(pg_temp.try('SELECT * FROM dunning.aged_balance_series(''2026-01-31'')'), '^42501', 'and no series');
RESET ROLE;
GRANT SELECT ON dunning.ledger, dunning.scheme, dunning.hold, dunning.ledger_setting TO dunning_report_reader;
SET LOCAL ROLE dunning_report_reader;
SELECT matches(pg_temp.try('SELECT * FROM dunning.aged_balance_report(''2026-12-31'')'), '^42501: permission denied for table', 'nor one with rights on the ledgers only');
SELECT matches(pg_temp.try('SELECT * FROM dunning.aged_balance_series(''2026-01-31'')'), '^42501: permission denied for table', 'and no series');
SELECT matches(pg_temp.try('SELECT * FROM dunning.aged_items(''2026-01-31'', 0)'), '^42501: permission denied', 'and no items');
RESET ROLE;
GRANT SELECT ON public.book, public.settlement, public.client, public.plain TO dunning_report_reader;
SET LOCAL ROLE dunning_report_reader;
SELECT is(pg_temp.try('SELECT * FROM dunning.aged_balance_report(''2026-12-31'')'), 'ok', 'with rights on the tables he has it');
SELECT is(pg_temp.try('SELECT * FROM dunning.aged_balance_series(''2026-01-31'', grouped_by => ''customer'')'), 'ok', 'and the series');
RESET ROLE;
DROP TABLE public.settlement CASCADE;
SELECT matches(pg_temp.try('SELECT * FROM dunning.aged_balance_series(''2026-01-31'')'), '^42P01: a table of the ledger "book" was dropped', 'a ledger whose table is gone');
SELECT * FROM finish();
ROLLBACK;
