-- Attributes: further columns of the ERP, by which every report and figure can be.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL jit = off;
SET LOCAL dunning.today = '2026-06-30';
SELECT no_plan();
SELECT setseed(0.16) \g /dev/null
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE || ': ' || SQLERRM, nullif(hint, ''));
END $$;

CREATE TABLE public.client (id integer PRIMARY KEY, nom text, commercial text, "Région" text, rang numeric, pro boolean);
INSERT INTO public.client SELECT n, 'Client ' || n, (ARRAY['Anne', 'Bruno'])[1 + n % 2], (ARRAY['Nord', 'Sud', NULL])[1 + n % 3], n % 2, n > 3 FROM generate_series(1, 9) AS n;
CREATE TABLE public.facture (id integer PRIMARY KEY, client integer REFERENCES client, societe text, marque varchar(9), emise timestamptz, issued_on date, due_on date, montant_ht numeric, amount numeric, devise text);
INSERT INTO public.facture
SELECT n, 1 + n % 9, 'S' || n % 2, (ARRAY['Lune', 'Mars', NULL, 'Soleil'])[1 + n % 4], (day + time '12:00') AT TIME ZONE 'Europe/Paris', day, day + 30, CASE WHEN n % 7 > 0 THEN n * 10 END, CASE WHEN n % 7 > 0 THEN n * 12 ELSE n END, 'EUR'
FROM (SELECT n, date '2025-10-05' + (random() * 260)::integer AS day FROM generate_series(1, 300) AS n) AS s;
CREATE TABLE public.reglement (facture integer REFERENCES facture, paid_on date, amount numeric);
INSERT INTO public.reglement SELECT f.id, f.issued_on + (random() * 90)::integer, f.amount * (ARRAY[1, 0.5])[1 + f.id % 2] FROM public.facture AS f WHERE f.id % 3 > 0;
CREATE INDEX ON public.facture (client);
CREATE INDEX ON public.reglement (facture);
CREATE TABLE public.avoir (id integer PRIMARY KEY, client text, issued_on date, due_on date, reste numeric, devise text);
INSERT INTO public.avoir VALUES (1, 'x', '2026-01-01', '2026-02-01', 5, 'EUR');

--
-- The mapping
--
SELECT set_eq($$ SELECT field, source, why FROM dunning.adopt('public.facture', rule => NULL, time_zone => 'Europe/Paris', columns => '{"customer": "client", "company": "societe", "issued_on": "issued_on", "due_on": "due_on", "currency": "devise",
		"attributes": {"brand": "marque", "day": "emise"}, "payments": {"table": "reglement", "item": "facture", "date": "paid_on"},
		"customers": {"table": "client", "salesperson": "commercial", "attributes": ["Région", "rang", "pro"]}}') WHERE field ~ 'attributes|net_amount' $$,
	$$ VALUES ('attributes.brand', 'marque', 'as you said'), ('attributes.day', 'emise', 'as you said'), ('customers.attributes.région', 'public.client."Région"', 'as you said'),
		('customers.attributes.rang', 'public.client.rang', 'as you said'), ('customers.attributes.pro', 'public.client.pro', 'as you said'), ('net_amount', 'montant_ht', 'by its name') $$, 'attributes by names, or a list of columns');
SELECT set_eq($$ SELECT item::text, attributes, net_amount FROM dunning.ledger_items('2026-12-31') $$,
	$$ SELECT f.id::text, jsonb_build_object('brand', f.marque, 'day', f.issued_on, 'région', c."Région", 'rang', c.rang, 'pro', c.pro), f.montant_ht FROM public.facture AS f JOIN public.client AS c ON c.id = f.client $$,
	'their values are texts, numbers, days and true or false');
SELECT dunning.adopt('public.avoir', rule => NULL, columns => '{"customer": "client", "open_amount": "reste", "currency": "devise", "issued_on": "issued_on", "due_on": "due_on"}') \g /dev/null
SELECT is(attributes, NULL, 'a ledger without attributes has none') FROM dunning.ledger_items('2026-12-31') WHERE ledger = 'avoir';
SELECT dunning.adopt('public.facture', replace => true, columns => '{"attributes": {"day": null, "company2": "societe"}, "customers": {"attributes": {"rang": null}}}') \g /dev/null
SELECT is(columns #> '{attributes}', '{"brand": "marque", "company2": "societe"}'::jsonb, 'adopted again, what is given is laid over the attributes; null leaves one out') FROM dunning.ledger WHERE ledger = 'facture';
SELECT is(columns #> '{customers,attributes}', '{"région": "Région", "pro": "pro"}'::jsonb, 'those of the customers, too') FROM dunning.ledger WHERE ledger = 'facture';
SELECT dunning.adopt('public.facture', replace => true) \g /dev/null
SELECT is((SELECT attributes FROM dunning.ledger_items('2026-12-31') WHERE ledger = 'facture' AND item = '1'), '{"brand": "Mars", "company2": "S1", "région": null, "pro": false}'::jsonb, 'and stay');
SELECT is(pg_temp.try(format('SELECT dunning.adopt(''public.facture'', replace => true, columns => %L)', m)), e) FROM (VALUES
	('{"attributes": "marque"}', '22023: attributes must be a list of columns, or an object of names and columns | For example {"attributes": ["region", "brand"]} or {"attributes": {"region": "region_code"}}.'),
	('{"attributes": {"a": 1}}', '22023: the attribute "a" must be mapped to one column name'),
	('{"attributes": {"a,b": "marque"}}', '22023: an attribute cannot have the name "a,b" | Give it another name: {"attributes": {"name": "column"}}.'),
	('{"attributes": {"Marque": "marque"}}', '22023: an attribute cannot have the name "Marque" | Give it another name: {"attributes": {"name": "column"}}.'),
	('{"attributes": {"month": "marque"}}', '22023: there cannot be an attribute "month" | Map it as a field, or give it another name: {"attributes": {"name": "column"}}.'),
	('{"attributes": {"pro": "marque"}}', '22023: there cannot be an attribute "pro" | Map it as a field, or give it another name: {"attributes": {"name": "column"}}.'),
	('{"attributes": ["teinte"]}', '42703: column "teinte" of public.facture does not exist | Its columns are: id, client, societe, marque, emise, issued_on, due_on, montant_ht, amount, devise.'),
	('{"customers": {"attributes": ["teinte"]}}', '42703: column "teinte" of public.client does not exist | Its columns are: id, nom, commercial, Région, rang, pro.')) AS v (m, e);

--
-- Every report and figure by them, beside plain SQL
--
CREATE TEMP TABLE item AS
SELECT f.*, c."Région" AS region, c.commercial, coalesce(p.paid, 0) AS paid, f.amount - coalesce(p.paid, 0) AS open, p.last FROM public.facture AS f JOIN public.client AS c ON c.id = f.client
LEFT JOIN (SELECT facture, sum(amount) AS paid, max(paid_on) AS last FROM public.reglement WHERE paid_on <= '2026-06-30' GROUP BY 1) AS p ON p.facture = f.id WHERE f.issued_on <= '2026-06-30';
SELECT set_eq($$ SELECT attributes, items, total, overdue FROM dunning.aged_balance_report(scheme => '30', grouped_by => 'région') WHERE NOT is_total $$,
	$$ SELECT jsonb_build_object('région', region), count(*), sum(open), coalesce(sum(open) FILTER (WHERE due_on < '2026-06-30'), 0) FROM (SELECT region, open, due_on FROM item WHERE open <> 0 UNION ALL SELECT NULL, 5, '2026-02-01') AS s GROUP BY 1 $$,
	'the aged balance by an attribute of the customers; who has none is in one line');
SELECT set_eq($$ SELECT attributes ->> 'brand' AS a, attributes ->> 'région' AS b, company, salesperson, total FROM dunning.aged_balance_report(scheme => '30', grouped_by => ' Brand, région,company , salesperson', ledger => 'facture') WHERE NOT is_total $$,
	'SELECT marque, region, societe, commercial, sum(open) FROM item WHERE open <> 0 GROUP BY 1, 2, 3, 4', 'by two of them and fields');
SELECT is_empty($$ SELECT attributes FROM dunning.aged_balance_report(grouped_by => 'company') WHERE attributes IS NOT NULL $$, 'a report that is by none has none');
SELECT is_empty($$ WITH series AS (SELECT * FROM dunning.aged_balance_series('2026-01-31', '2026-06-30', '1 month', '30', 'brand, région')),
	report AS (SELECT s.as_of, r.* FROM (SELECT DISTINCT as_of FROM series) AS s CROSS JOIN LATERAL dunning.aged_balance_report(s.as_of, '30', 'brand, région') AS r WHERE NOT r.is_total)
	SELECT s::text, r::text FROM series AS s FULL JOIN report AS r ON s.as_of = r.as_of AND (s.currency, s.attributes) IS NOT DISTINCT FROM (r.currency, r.attributes)
	WHERE coalesce(s.total, 'NaN') <> coalesce(r.total, 0) OR s.balance <> r.balance $$, 'over time');
SELECT set_eq($$ SELECT attributes ->> 'région', receivables, overdue, sales FROM dunning.figures('2026-06-30', grouped_by => 'région', ledger => 'facture') $$,
	$$ SELECT region, sum(open) AS a, coalesce(sum(open) FILTER (WHERE due_on < '2026-06-30'), 0) AS b, coalesce(sum(amount) FILTER (WHERE issued_on > '2026-03-31'), 0) AS c FROM item GROUP BY 1 $$, 'figures');
SELECT set_eq($$ SELECT attributes ->> 'région', items, amount, days_to_pay FROM dunning.payment_figures('2026-06-30', step => '1 year', grouped_by => 'région') $$,
	$$ SELECT region, count(*), sum(amount), round(avg(last - issued_on), 2) FROM item WHERE open = 0 AND last > '2025-06-30' GROUP BY 1 $$, 'days to pay');
SELECT set_eq($$ SELECT salesperson, class, items FROM dunning.payment_figures('2026-06-30', step => '1 year', grouped_by => 'salesperson') $$,
	$$ SELECT commercial, NULL, count(*) FROM item WHERE open = 0 AND last > '2025-06-30' GROUP BY 1 $$, 'by salesperson');
SELECT dunning.hold_item('facture', (SELECT min(id) FROM item WHERE open > 0 AND region = 'Nord')::text, 'dispute', from_day => '2026-06-01') \g /dev/null
SELECT dunning.promise_to_pay('facture', f.client::text, f.amount, '2026-06-10', ARRAY[f.id::text]::dunning.item_key[], promised_on => '2026-06-01') FROM item AS f WHERE region = 'Sud' AND open > 0 ORDER BY id LIMIT 1 \g /dev/null
SELECT results_eq($$ SELECT attributes ->> 'région', disputed, promises FROM dunning.process_figures('2026-06-30', grouped_by => 'région', ledger => 'facture') ORDER BY 1 $$,
	$$ VALUES ('Nord', (SELECT open FROM item WHERE open > 0 AND region = 'Nord' ORDER BY id LIMIT 1), 0::bigint), ('Sud', 0::numeric, 1::bigint), (NULL, 0::numeric, 0::bigint) $$, 'disputes and promises');
SELECT is(pg_temp.try($$ SELECT * FROM dunning.process_figures('2026-06-30', grouped_by => 'month') $$), '22023: disputes and promises cannot be by "month"', 'which have no due date');
SELECT set_eq($$ SELECT segment, sum(amount) FROM dunning.provision_report('2026-06-30', '[1, 10, 20]', 'région', '30', 'facture') WHERE NOT is_total GROUP BY 1 $$,
	$$ SELECT region, sum(open) FROM item WHERE open > 0 GROUP BY 1 $$, 'segments of a provision');
CREATE SCHEMA report;
SELECT dunning.make_report('report.par_region', '30', 'région, brand', 'facture', language => 'fr') \g /dev/null
SELECT is((SELECT string_agg(attname || ' ' || format_type(atttypid, NULL), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'report.par_region'::regclass AND attnum > 0),
	'devise text, brand text, région text, pièces bigint, non échu numeric, 1-30 numeric, 31+ numeric, sans échéance numeric, total numeric, échu numeric', 'a view of plain columns');
SELECT set_eq('SELECT brand, région, total FROM report.par_region', 'SELECT marque, region, sum(open) FROM item WHERE open <> 0 GROUP BY 1, 2', 'with the amounts of plain SQL');
SELECT is(pg_temp.try($$ SELECT dunning.aged_balance_report(grouped_by => 'colour') $$), '22023: a report cannot be by "colour" | It can be by class, company, customer, customer_group, ledger, month, payer, salesperson, '
	|| 'brand, company2, pro, région, by several of them such as ''company, customer'', or by currency or total.', 'another word');

--
-- Figures without tax
--
CREATE FUNCTION pg_temp.net() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT f::text FROM (SELECT attributes ->> 'région' AS region, receivables, overdue, sales, dso FROM dunning.figures('2026-06-30', grouped_by => 'région', ledger => 'facture', with_tax => false)) AS f
	EXCEPT
	SELECT i::text FROM (SELECT region, round(sum(net), 2), round(coalesce(sum(net) FILTER (WHERE due_on < '2026-06-30'), 0), 2), round(s.sales, 2), round(sum(net) * 91 / s.sales, 2)
		FROM (SELECT *, open * coalesce(montant_ht, amount) / amount AS net FROM item) AS i
		CROSS JOIN LATERAL (SELECT coalesce(sum(coalesce(o.montant_ht, o.amount)) FILTER (WHERE o.issued_on > '2026-03-31'), 0) AS sales FROM item AS o WHERE o.region IS NOT DISTINCT FROM i.region) AS s
		GROUP BY region, s.sales) AS i $$;
SELECT is_empty('SELECT pg_temp.net()', 'receivables, sales and DSO without tax; what has no amount without tax bears none');
INSERT INTO dunning.ledger_setting (ledger, netting) VALUES ('facture', 'none');
SELECT is_empty('SELECT pg_temp.net()', 'also of a ledger that is read item by item');
DELETE FROM dunning.ledger_setting;
SELECT is(pg_temp.try($$ SELECT dunning.figures('2026-06-30', with_tax => false) $$), '22023: the ledger "avoir" does not say its amounts without tax | '
	|| 'Map the field net_amount of its items: SELECT * FROM dunning.adopt(..., ledger => ''avoir'', columns => ''{"net_amount": "..."}'', replace => true).', 'a ledger that does not say them');

--
-- The columns are followed; who does not read attributes does not compute them
--
ALTER TABLE public.facture RENAME marque TO label;
SELECT is((SELECT attributes ->> 'brand' FROM dunning.ledger_items('2026-12-31') WHERE ledger = 'facture' AND item = '1'), 'Mars', 'a column that is renamed is followed');
SELECT ok((SELECT string_agg(c::text, ' ') FROM dunning.check_ledgers() AS c) ~ 'marque', 'and said');
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	lines text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		lines := lines || E'\n' || line;
	END LOOP;
	RETURN lines;
END $$;
SELECT ok(pg_temp.plan($$ SELECT item, attributes FROM dunning.ledger_items('2026-06-30') $$) ~ 'jsonb_build_object', 'they are read');
SELECT ok(pg_temp.plan($$ SELECT item, open_amount, customer_name FROM dunning.ledger_items('2026-06-30') $$) !~ 'jsonb_build', 'or not');

--
-- A type of a user's with a cast of his own is read by its output function
--
CREATE TYPE public.shade AS (name text);
CREATE FUNCTION public.shade_json(shade) RETURNS json LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a cast of the owner was called'; END $$;
CREATE CAST (public.shade AS json) WITH FUNCTION public.shade_json(public.shade);
ALTER TABLE public.avoir ADD teinte public.shade DEFAULT ROW('rouge');
SELECT dunning.adopt('public.avoir', replace => true, columns => '{"attributes": ["teinte"]}') \g /dev/null
SELECT is((SELECT attributes FROM dunning.ledger_items('2026-12-31') WHERE ledger = 'avoir'), '{"teinte": "(rouge)"}', 'no cast of a user''s is called');
SELECT * FROM finish();
ROLLBACK;
