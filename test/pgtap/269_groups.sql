-- Reports by salesperson, class, group, payer and month: every line beside plain SQL.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL jit = off;
SELECT no_plan();
SELECT setseed(0.27) \g /dev/null
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

--
-- Two ledgers: one says who a customer is in a table of customers, the other in each item.
-- Dates are missing, infinite or far away, payers and groups are missing, too.
--
CREATE TABLE public.client (id integer PRIMARY KEY, nom text, commercial text, classe text, groupe integer, payeur integer);
INSERT INTO public.client
SELECT n, 'Client ' || n, (ARRAY['Anne', 'Bruno', NULL])[1 + n % 3], (ARRAY['A', 'B', NULL, 'C'])[1 + n % 4], CASE WHEN n % 2 = 0 THEN n % 5 END, CASE WHEN n % 4 = 1 THEN n % 3 WHEN n = 7 THEN 999 END FROM generate_series(0, 19) AS n;
CREATE TABLE public.facture (id integer PRIMARY KEY, client integer, societe text, issued_on date, due_on date, amount numeric, devise text, base text, base_amount numeric);
INSERT INTO public.facture
SELECT n, n % 22, 'S' || n % 2, CASE WHEN n % 50 > 0 THEN day END, CASE WHEN n % 31 = 0 THEN NULL WHEN n = 400 THEN 'infinity' WHEN n = 401 THEN '-infinity' WHEN n = 402 THEN date '300000-05-17' WHEN n = 403 THEN date '4714-11-24 BC' ELSE day + (random() * 60)::integer END,
	round((random() * 2000 - 200)::numeric, 2), CASE WHEN random() < 0.8 THEN 'EUR' ELSE 'USD' END, CASE WHEN n % 9 > 0 THEN 'CHF' END, round((random() * 1000)::numeric, 2)
FROM (SELECT n, date '2025-10-05' + (random() * 300)::integer AS day FROM generate_series(1, 500) AS n) AS s;
CREATE TABLE public.reglement (id serial, facture integer, paid_on date, amount numeric, base_amount numeric);
INSERT INTO public.reglement (facture, paid_on, amount, base_amount)
SELECT f.id, coalesce(f.issued_on, '2026-01-01') + (random() * 200)::integer, f.amount * p.part, f.base_amount * p.part
FROM public.facture AS f CROSS JOIN LATERAL (SELECT (ARRAY[1, 0.5, 0.25])[1 + (random() * 2)::integer] AS part, f.id) AS p WHERE random() < 0.7;
SELECT dunning.adopt('public.facture', columns => '{"key": "id", "customer": "client", "company": "societe", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount", "currency": "devise",
	"company_currency": "base", "company_amount": "base_amount",
	"payments": {"table": "reglement", "item": "facture", "date": "paid_on", "amount": "amount", "company_amount": "base_amount"},
	"customers": {"table": "client", "key": "id", "name": "nom", "salesperson": "commercial", "class": "classe", "customer_group": "groupe", "payer": "payeur"}}') \g /dev/null
CREATE TABLE public.note (id integer PRIMARY KEY, client integer, nom text, vendeur text, classe text, payeur integer, issued_on date, due_on date, reste numeric, devise text);
INSERT INTO public.note
SELECT n, n % 7, 'Autre ' || n % 7, (ARRAY['Anne', 'Zoé', NULL])[1 + n % 7 % 3], (ARRAY['A', 'D'])[1 + n % 7 % 2], CASE WHEN n % 7 > 3 THEN n % 7 - 3 END, date '2026-01-01' + n, date '2026-02-01' + n, n, 'EUR' FROM generate_series(1, 120) AS n;
SELECT dunning.adopt('public.note', columns => '{"key": "id", "customer": "client", "customer_name": "nom", "salesperson": "vendeur", "class": "classe", "payer": "payeur", "issued_on": "issued_on", "due_on": "due_on", "open_amount": "reste", "currency": "devise"}') \g /dev/null

CREATE TEMP TABLE days AS SELECT unnest('{2026-01-31,2026-02-28,2026-06-15,2027-01-31}'::date[]) AS day;
-- what is open on each day, by hand
CREATE TEMP TABLE item_on AS
SELECT d.day, 'facture' AS ledger, f.societe AS company, c.commercial AS salesperson, c.classe AS class, c.groupe::text AS customer_group, coalesce(c.payeur, f.client)::text AS payer, f.client::text AS customer, f.issued_on, f.due_on,
	f.devise AS currency, f.amount - p.paid AS open, coalesce(f.base, f.devise) AS base, CASE WHEN f.base IS NULL THEN f.amount - p.paid ELSE f.base_amount - p.base_paid END AS base_open, f.id
FROM days AS d JOIN public.facture AS f ON (f.issued_on > d.day) IS NOT TRUE LEFT JOIN public.client AS c ON c.id = f.client
CROSS JOIN LATERAL (SELECT coalesce(sum(p.amount), 0) AS paid, coalesce(sum(p.base_amount), 0) AS base_paid FROM public.reglement AS p WHERE p.facture = f.id AND p.paid_on <= d.day) AS p
UNION ALL
SELECT d.day, 'note', NULL, n.vendeur, n.classe, NULL, coalesce(n.payeur, n.client)::text, n.client::text, n.issued_on, n.due_on, n.devise, n.reste, n.devise, n.reste, n.id FROM days AS d JOIN public.note AS n ON n.issued_on <= d.day;
SELECT cmp_ok((SELECT count(*) FROM item_on WHERE open <> 0), '>', 500::bigint, 'there are items to compare');

CREATE FUNCTION pg_temp.month(day date) RETURNS text LANGUAGE sql AS $$ SELECT CASE WHEN isfinite(day) THEN concat(extract(year FROM day), '-', extract(month FROM day)) ELSE day::text END $$;
-- Each line and each total of a report, as texts, once by the report and once by hand
CREATE FUNCTION pg_temp.differences(grouped_by text, by_date text, in_currency text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	aged text := CASE by_date WHEN 'issue' THEN 'issued' ELSE by_date END;
	words text[] := regexp_split_to_array(grouped_by, ', ') || CASE WHEN grouped_by ~ 'customer|payer' THEN 'ledger' END;
	keys text := (SELECT string_agg(CASE WHEN w.word = ANY (words) THEN CASE WHEN w.word = 'month' THEN format('pg_temp.month(%s_on)', aged) ELSE w.word END ELSE 'NULL' END, ', ' ORDER BY w.n)
		FROM unnest('{ledger,company,salesperson,class,customer_group,payer,customer,month}'::text[]) WITH ORDINALITY AS w (word, n));
BEGIN
	RETURN QUERY EXECUTE format($q$
		WITH ours AS (SELECT d.day, r.currency, r.is_total, concat_ws('|', r.ledger, r.company, r.salesperson, r.class, r.customer_group, r.payer, r.customer, pg_temp.month(r.month)) AS keys, r.items, r.total, r.overdue, dunning.amounts(r.balance) AS amounts
			FROM days AS d CROSS JOIN LATERAL dunning.aged_balance_report(d.day, '30', %1$L, by_date => %2$L, in_currency => %3$L) AS r),
		item AS (SELECT i.*, concat_ws('|', %4$s) AS keys, i.day - CASE WHEN isfinite(i.%7$s_on) THEN i.%7$s_on WHEN i.%7$s_on > '2000-01-01' THEN i.day WHEN i.%7$s_on IS NOT NULL THEN i.day - 1000 END AS days, %5$s AS amount, %6$s AS money
			FROM item_on AS i WHERE open <> 0),
		hand AS (SELECT day, money, grouping(keys) = 1, CASE WHEN grouping(keys) = 0 THEN keys ELSE '' END, count(*), sum(amount), coalesce(sum(amount) FILTER (WHERE due_on < day), 0),
				ARRAY[coalesce(sum(amount) FILTER (WHERE days <= 0), 0), coalesce(sum(amount) FILTER (WHERE days BETWEEN 1 AND 30), 0), coalesce(sum(amount) FILTER (WHERE days > 30), 0), coalesce(sum(amount) FILTER (WHERE days IS NULL), 0)]
			FROM item GROUP BY GROUPING SETS ((day, money, keys), (day, money)))
		SELECT 'ours ' || o::text FROM (TABLE ours EXCEPT ALL TABLE hand) AS o UNION ALL SELECT 'by hand ' || h::text FROM (TABLE hand EXCEPT ALL TABLE ours) AS h
		$q$, grouped_by, by_date, in_currency, keys, CASE in_currency WHEN 'company' THEN 'base_open' ELSE 'open' END, CASE in_currency WHEN 'company' THEN 'base' ELSE 'currency' END, aged);
END $$;
CREATE TEMP TABLE variant (words text, by_date text, in_currency text);
INSERT INTO variant VALUES ('salesperson', 'due', 'document'), ('class', 'due', 'document'), ('customer_group', 'due', 'document'), ('payer', 'due', 'document'), ('month', 'due', 'document'), ('month', 'issue', 'document'),
	('salesperson, month', 'due', 'company'), ('class, salesperson', 'issue', 'document'), ('payer, customer', 'due', 'company'), ('company, customer_group, month', 'issue', 'company'), ('class, payer', 'due', 'document');
SELECT is_empty(format('SELECT pg_temp.differences(%L, %L, %L)', words, by_date, in_currency), format('lines and totals by %s, %s date, currency of the %s', words, by_date, in_currency)) FROM variant;
SELECT is_empty($$ SELECT words, d.day, r.currency FROM variant CROSS JOIN days AS d CROSS JOIN LATERAL dunning.aged_balance_report(d.day, '30', words, by_date => by_date, in_currency => in_currency) AS r
	GROUP BY words, by_date, in_currency, d.day, r.currency
	HAVING count(*) FILTER (WHERE is_total) <> 1 OR sum(total) FILTER (WHERE is_total) <> sum(total) FILTER (WHERE NOT is_total) OR sum(items) FILTER (WHERE is_total) <> sum(items) FILTER (WHERE NOT is_total)
		OR dunning.sum(balance) FILTER (WHERE is_total) <> dunning.sum(balance) FILTER (WHERE NOT is_total) $$, 'the lines add up to one total of each currency');
SELECT set_eq($$ SELECT DISTINCT concat_ws(' ', ledger, payer, payer_name) AS who FROM dunning.aged_balance_report('2026-06-15', '30', 'payer') WHERE NOT is_total AND payer IN ('0', '1', '999') $$,
	ARRAY['facture 0 Client 0', 'facture 1 Client 1', 'facture 999', 'note 0 Autre 0', 'note 1 Autre 1'], 'a payer has his name if it is known, and belongs to his ledger');
SELECT is_empty($$ SELECT 1 FROM dunning.aged_balance_report('2026-06-15', '30', 'customer') WHERE (salesperson, class, customer_group, payer, payer_name, month) IS DISTINCT FROM (NULL, NULL, NULL, NULL, NULL, NULL) $$, 'what a report is not by has no value');
SELECT results_eq($$ SELECT salesperson, month FROM dunning.aged_balance_report('2026-06-15', '30', 'month, salesperson') WHERE currency = 'EUR' AND NOT is_total $$,
	$$ SELECT salesperson, month FROM dunning.aged_balance_report('2026-06-15', '30', 'month, salesperson') WHERE currency = 'EUR' AND NOT is_total ORDER BY salesperson, month $$, 'in the order of the columns');
SELECT is_empty($$ SELECT r.salesperson, k, i.amount, dunning.amount(r.balance, k) FROM dunning.aged_balance_report('2026-06-15', '30', 'salesperson, class') AS r CROSS JOIN generate_series(0, 2) AS k
	CROSS JOIN LATERAL (SELECT coalesce(sum(i.open_amount), 0) AS amount FROM dunning.aged_items('2026-06-15', k, '30') AS i
		WHERE i.currency = r.currency AND (i.salesperson, i.class) IS NOT DISTINCT FROM (r.salesperson, r.class)) AS i WHERE NOT r.is_total AND i.amount <> dunning.amount(r.balance, k) $$, 'the items of a cell add up to it');

--
-- Over time: each date as the report has it
--
SELECT is_empty(format($q$
	WITH series AS (SELECT * FROM dunning.aged_balance_series('2026-01-31', '2026-12-31', '1 month', '30', %1$L, by_date => %2$L, in_currency => %3$L)),
	report AS (SELECT s.as_of, r.* FROM (SELECT DISTINCT as_of FROM series) AS s CROSS JOIN LATERAL dunning.aged_balance_report(s.as_of, '30', %1$L, by_date => %2$L, in_currency => %3$L) AS r WHERE NOT r.is_total)
	SELECT s::text, r::text FROM series AS s FULL JOIN report AS r ON s.as_of = r.as_of AND (s.currency, s.ledger, s.company, s.salesperson, s.class, s.customer_group, s.payer, s.payer_name, s.customer, s.customer_name, s.month)
		IS NOT DISTINCT FROM (r.currency, r.ledger, r.company, r.salesperson, r.class, r.customer_group, r.payer, r.payer_name, r.customer, r.customer_name, r.month)
	WHERE coalesce(s.total, 'NaN') <> coalesce(r.total, 0) OR s.balance <> r.balance $q$, words, by_date, in_currency), format('the series by %s, %s date, currency of the %s', words, by_date, in_currency))
FROM variant WHERE (words, by_date, in_currency) <> ('class, salesperson', 'issue', 'document');
SELECT is_empty(format($q$
	WITH figure AS (SELECT * FROM dunning.figures('2026-01-31', '2026-12-31', grouped_by => %1$L, in_currency => %2$L, ledger => 'facture')),
	report AS (SELECT s.as_of, r.* FROM (SELECT DISTINCT as_of FROM figure) AS s CROSS JOIN LATERAL dunning.aged_balance_report(s.as_of, '30', %1$L, 'facture', in_currency => %2$L) AS r WHERE NOT r.is_total)
	SELECT s::text, r::text FROM figure AS s FULL JOIN report AS r ON s.as_of = r.as_of AND (s.currency, s.ledger, s.company, s.salesperson, s.class, s.customer_group, s.payer, s.payer_name, s.customer, s.customer_name, s.month)
		IS NOT DISTINCT FROM (r.currency, r.ledger, r.company, r.salesperson, r.class, r.customer_group, r.payer, r.payer_name, r.customer, r.customer_name, r.month)
	WHERE coalesce(s.receivables, 'NaN') <> coalesce(r.total, 0) OR s.overdue <> r.overdue $q$, words, in_currency), format('figures by %s, currency of the %s', words, in_currency))
FROM variant WHERE by_date = 'due';
SELECT is_empty($$ SELECT f.as_of, f.salesperson, f.sales, s.sales FROM dunning.figures('2026-03-31', '2026-03-31', grouped_by => 'salesperson', ledger => 'facture') AS f
	LEFT JOIN (SELECT f.devise, c.commercial, sum(f.amount) AS sales FROM public.facture AS f LEFT JOIN public.client AS c ON c.id = f.client WHERE f.issued_on BETWEEN '2026-01-01' AND '2026-03-31' GROUP BY 1, 2) AS s
		ON s.devise = f.currency AND s.commercial IS NOT DISTINCT FROM f.salesperson WHERE f.sales <> coalesce(s.sales, 0) $$, 'sales by salesperson');

--
-- Segments of a provision, views of plain columns, errors
--
SELECT is_empty($$ SELECT p.segment, p.bucket, p.amount, s.amount FROM dunning.provision_report('2026-06-15', '[1, 10, 50]', 'class', '30') AS p
	LEFT JOIN (SELECT currency, class, CASE WHEN due_on >= day THEN 0 WHEN due_on >= day - 30 THEN 1 WHEN due_on < day - 30 THEN 2 END AS bucket, sum(open) AS amount FROM item_on WHERE day = '2026-06-15' GROUP BY 1, 2, 3) AS s
		ON (s.currency, s.class, s.bucket) IS NOT DISTINCT FROM (p.currency, p.segment, p.bucket) WHERE NOT p.is_total AND p.amount <> greatest(coalesce(s.amount, 0), 0) $$, 'a provision by class');
SELECT is(pg_temp.try($$ SELECT dunning.provision_report('2026-06-15', '[1, 10, 50]', 'month', '30') $$), '22023: segments cannot be by "month"', 'no provision by month');
SET LOCAL dunning.today = '2026-06-15';
CREATE SCHEMA report;
SELECT dunning.make_report('report.all', '30', 'salesperson, class, customer_group, payer, customer, month, company', language => 'fr') \g /dev/null
SELECT is((SELECT string_agg(attname || ' ' || format_type(atttypid, NULL), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'report.all'::regclass AND attnum > 0),
	'devise text, compte text, société text, commercial text, classe text, groupe text, payeur text, nom du payeur text, client text, nom text, mois date, pièces bigint, non échu numeric, 1-30 numeric, 31+ numeric, sans échéance numeric, total numeric, échu numeric', 'plain columns, in French');
SELECT dunning.make_report('report.' || word, '30', word) FROM unnest('{salesperson,class,customer_group,payer,customer,company,ledger,month,total}'::text[]) AS word \g /dev/null
SELECT is_empty($$ SELECT c.relname, a.attname, a.atttypid::regtype FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
	WHERE c.relnamespace = 'report'::regnamespace AND a.atttypid NOT IN ('numeric'::regtype, 'date'::regtype, 'text'::regtype, 'integer'::regtype, 'bigint'::regtype, 'boolean'::regtype) $$, 'a report has columns that any tool reads');
SELECT is((SELECT count(*) FROM pg_class WHERE relnamespace = 'report'::regnamespace), 10::bigint, 'ten of them');
SELECT results_eq('SELECT commercial, sum(total) FROM report.all WHERE devise = ''EUR'' GROUP BY 1 ORDER BY 1', $$ SELECT salesperson, sum(open) FROM item_on WHERE day = '2026-06-15' AND currency = 'EUR' GROUP BY 1 ORDER BY 1 $$, 'with the amounts of plain SQL');
SELECT results_eq('SELECT salesperson, total FROM report.salesperson WHERE currency = ''EUR'' ORDER BY 1', $$ SELECT salesperson, sum(open) FROM item_on WHERE day = '2026-06-15' AND currency = 'EUR' GROUP BY 1 ORDER BY 1 $$, 'by salesperson alone');
-- the guide's statement
SELECT results_eq($$ SELECT salesperson AS commercial, currency AS devise, dunning.amount(balance, 0) AS "non échu", dunning.amount(balance, 1) AS "1-30", dunning.amount(balance, 2) AS "plus de 30", dunning.undated(balance) AS "sans échéance", total
	FROM dunning.aged_balance_report(scheme => '30', grouped_by => 'salesperson') WHERE NOT is_total AND currency = 'USD' ORDER BY devise, total DESC $$,
	$$ SELECT salesperson, currency, coalesce(sum(open) FILTER (WHERE due_on >= day), 0), coalesce(sum(open) FILTER (WHERE due_on < day AND due_on >= day - 30), 0), coalesce(sum(open) FILTER (WHERE due_on < day - 30), 0),
		coalesce(sum(open) FILTER (WHERE due_on IS NULL), 0), sum(open) FROM item_on WHERE day = '2026-06-15' AND currency = 'USD' GROUP BY 1, 2 ORDER BY 2, 7 DESC $$, 'by salesperson in columns');
SELECT is_empty($$ SELECT salesperson FROM dunning.payment_figures('2026-01-31', grouped_by => 'salesperson') EXCEPT (SELECT commercial FROM public.client UNION SELECT vendeur FROM public.note) $$, 'days to pay by salesperson');
SELECT * FROM finish();
ROLLBACK;
