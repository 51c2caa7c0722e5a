-- Relations for any tool: nothing but numbers, days, texts, true and false; what is in
-- dispute apart; a balance beside that of a day before; copies for one company.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL jit = off;
SET LOCAL dunning.today = '2026-06-30';
SELECT no_plan();
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

--
-- The catalog
--
CREATE FUNCTION pg_temp.is_plain(type oid) RETURNS boolean LANGUAGE sql AS $$
	SELECT type IN ('numeric'::regtype, 'date'::regtype, 'text'::regtype, 'smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'boolean'::regtype) $$;
SELECT is_empty($$ SELECT a.attrelid::regclass, a.attname, a.atttypid::regtype FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE c.relnamespace = 'dunning'::regnamespace AND c.relname ~ '^report_' AND NOT pg_temp.is_plain(a.atttypid) $$, 'each column of a view report_... is of a type that any tool reads');
SELECT is_empty($$ SELECT p.oid::regprocedure, a.attname, a.atttypid::regtype FROM pg_proc AS p JOIN pg_type AS t ON t.oid = p.prorettype LEFT JOIN pg_attribute AS a ON a.attrelid = t.typrelid AND a.attnum > 0
	WHERE p.pronamespace = 'dunning'::regnamespace AND p.proname ~ '^report_' AND NOT coalesce(pg_temp.is_plain(a.atttypid), pg_temp.is_plain(t.oid)) $$, 'so is each column of a function report_...');
SELECT set_eq($$ SELECT substr(relname, 8) FROM pg_class WHERE relnamespace = 'dunning'::regnamespace AND relname ~ '^report_' $$,
	ARRAY['aged_balance', 'open_items', 'worklist', 'customers', 'figures', 'payment_figures', 'promises', 'plans', 'disputes', 'reminders', 'claims', 'holds', 'contacts', 'warning_signs'], 'there are these views');
SELECT is_empty($$ SELECT relname FROM pg_class WHERE relnamespace = 'dunning'::regnamespace AND relname ~ '^report_' AND NOT coalesce(reloptions, '{}') @> '{security_invoker=true}' $$, 'read with the rights of the reader');
SELECT is(pg_temp.try(format('SELECT * FROM dunning.%I', relname)), 'ok', relname || ' without a ledger') FROM pg_class WHERE relnamespace = 'dunning'::regnamespace AND relname ~ '^report_' ORDER BY relname;

--
-- What they show
--
CREATE TABLE public.facture (id integer PRIMARY KEY, client integer, nom text, societe text, issued_on date, due_on date, montant numeric(14, 2), devise text, litige boolean, region text);
INSERT INTO public.facture SELECT n, n % 4, 'Client ' || n % 4, 'S' || n % 2, date '2026-01-01' + n * 4, date '2026-02-01' + n * 4, 10 * n, 'EUR', n = 7, 'R' || n % 3 FROM generate_series(1, 40) AS n;
CREATE TABLE public.reglement (facture integer, paid_on date, montant numeric);
INSERT INTO public.reglement SELECT id, due_on + 10, montant FROM public.facture WHERE id % 5 = 0;
SELECT dunning.adopt('public.facture', rule => NULL, columns => '{"customer": "client", "customer_name": "nom", "company": "societe", "issued_on": "issued_on", "due_on": "due_on", "amount": "montant", "currency": "devise", "disputed": "litige",
	"attributes": ["region"], "payments": {"table": "reglement", "item": "facture", "date": "paid_on"}}') \g /dev/null
SELECT dunning.hold_item('facture', '8', 'dispute', amount => 30, from_day => '2026-06-01'), dunning.hold_item('facture', '9', 'dispute', from_day => '2026-06-01') \g /dev/null
SELECT set_eq('SELECT company, customer, customer_name, bucket, amount FROM dunning.report_aged_balance',
	$$ SELECT societe, client::text, nom, CASE WHEN d <= 0 THEN 0 WHEN d <= 30 THEN 1 WHEN d <= 60 THEN 2 WHEN d <= 90 THEN 3 ELSE 4 END AS bucket, sum(montant) FROM (SELECT f.*, date '2026-06-30' - due_on AS d FROM public.facture AS f
		WHERE issued_on <= '2026-06-30' AND NOT EXISTS (SELECT FROM public.reglement AS r WHERE r.facture = f.id AND paid_on <= '2026-06-30')) AS s GROUP BY 1, 2, 3, 4 $$, 'the aged balance, a row for each bucket');
SELECT is((SELECT sum(amount) FROM dunning.report_aged_balance(grouped_by => 'total', scheme => '30')), (SELECT sum(amount) FROM dunning.report_aged_balance), 'as a function with another scheme, in total');
SELECT is((SELECT sum(amount) FROM dunning.report_aged_balance('2026-03-31', grouped_by => 'region') WHERE attributes = '{"region": "R1"}'), (SELECT sum(montant) FROM public.facture WHERE region = 'R1' AND issued_on <= '2026-03-31'
	AND id NOT IN (SELECT facture FROM public.reglement WHERE paid_on <= '2026-03-31')), 'of another day, by an attribute');
SELECT results_eq('SELECT count(*), sum(open_amount) FROM dunning.report_worklist', 'SELECT count(*), sum(open_amount) FROM dunning.open_item', 'every open item is on the work list');
SELECT results_eq('SELECT ledger, payer, balance FROM dunning.report_customers ORDER BY payer, company', 'SELECT ledger::text, payer::text, balance FROM dunning.customer_worklist ORDER BY payer, company', 'the customers');
SELECT is((SELECT receivables FROM dunning.report_figures WHERE as_of = '2026-06-30' AND company = 'S1'), (SELECT sum(open_amount) FROM dunning.open_item WHERE company = 'S1'), 'figures by company');
SELECT results_eq('SELECT count(DISTINCT as_of), min(as_of), max(as_of) FROM dunning.report_figures', $$ VALUES (12::bigint, '2025-07-31'::date, '2026-06-30'::date) $$, 'of twelve ends of months');
SELECT results_eq('SELECT item, amount FROM dunning.report_disputes ORDER BY item', $$ VALUES ('7', 70::numeric), ('8', 30), ('9', 90) $$, 'disputes');
SELECT is((SELECT count(*) FROM dunning.report_holds WHERE from_day = '2026-06-01' AND noted_at IS NOT NULL), 2::bigint, 'holds');

--
-- What is in dispute apart: by the flag of the ERP, by a hold, by a hold of an amount
--
SELECT results_eq($$ SELECT total, items FROM dunning.aged_balance_report('2026-06-30', '30', 'total', disputed => true) $$, 'SELECT 70 + 30 + 90::numeric, 3::bigint', 'in dispute');
SELECT is((SELECT total FROM dunning.aged_balance_report('2026-06-30', '30', 'total', disputed => false)), (SELECT sum(open_amount) - 190 FROM dunning.open_item), 'the rest');
SELECT is((SELECT total FROM dunning.aged_balance_report('2026-05-31', '30', 'total', disputed => true)), 70::numeric, 'before the holds');
SELECT is_empty($$ SELECT d, b, i.amount, dunning.amount(r.balance, b) FROM (VALUES (true), (false)) AS d (d) CROSS JOIN LATERAL dunning.aged_balance_report('2026-06-30', '30', 'total', disputed => d) AS r CROSS JOIN generate_series(0, 2) AS b
	CROSS JOIN LATERAL (SELECT coalesce(sum(open_amount), 0) AS amount FROM dunning.aged_items('2026-06-30', b, '30', disputed => d)) AS i WHERE i.amount <> dunning.amount(r.balance, b) $$, 'the items of a cell add up to it');
SELECT results_eq($$ SELECT as_of, total FROM dunning.aged_balance_series('2026-05-31', '2026-06-30', scheme => '30', disputed => true) ORDER BY 1 $$, $$ VALUES ('2026-05-31'::date, 70::numeric), ('2026-06-30', 190) $$, 'over time');
SELECT is(pg_temp.try($$ SELECT dunning.aged_balance_report('2026-06-30', disputed => true, written_off => true) $$), '22023: a report tells apart what is written off, or what is in dispute, and not both', 'one of the two');

--
-- Beside the same day before
--
CREATE FUNCTION pg_temp.by_hand(day date, before date) RETURNS TABLE (company text, customer text, total numeric, overdue numeric, total_before numeric, overdue_before numeric) LANGUAGE sql AS $$
	SELECT societe, client::text, coalesce(sum(montant) FILTER (WHERE now), 0), coalesce(sum(montant) FILTER (WHERE now AND due_on < day), 0), coalesce(sum(montant) FILTER (WHERE NOT now), 0), coalesce(sum(montant) FILTER (WHERE NOT now AND due_on < before), 0)
	FROM (SELECT f.*, d = day AS now FROM public.facture AS f CROSS JOIN (VALUES (day), (before)) AS d (d)
		WHERE issued_on <= d AND NOT EXISTS (SELECT FROM public.reglement AS r WHERE r.facture = f.id AND paid_on <= d)) AS s GROUP BY 1, 2 $$;
SELECT set_eq(format($$ SELECT company, customer::text, total, overdue, total_before, overdue_before FROM dunning.aged_balance_change(%L, %L, grouped_by => 'company, customer') WHERE NOT is_total $$, day, beside),
	format('SELECT * FROM pg_temp.by_hand(%L, %L)', day, before), format('%s beside %s', day, before))
FROM (VALUES ('2026-06-30', '1 month', '2026-05-31'), ('2026-06-17', '1 month', '2026-05-17'), ('2026-06-30', '1 week', '2026-06-23'), ('2026-02-28', '1 month', '2026-01-31'), ('2026-03-30', '1 month', '2026-02-28'), ('2026-06-30', '1 year', '2025-06-30')) AS v (day, beside, before);
SELECT is_empty($$ SELECT FROM dunning.aged_balance_change('2026-06-30', grouped_by => 'customer') WHERE total_change <> total - total_before OR overdue_change <> overdue - overdue_before OR before_on <> '2026-05-31'
	OR total <> coalesce(dunning.total(balance), 0) OR total_before <> coalesce(dunning.total(balance_before), 0) $$, 'what changed');
SELECT results_eq($$ SELECT total, total_before, items FROM dunning.aged_balance_change('2026-06-30') WHERE is_total $$,
	'SELECT sum(total), sum(total_before), (SELECT count(*) FROM dunning.open_item) FROM pg_temp.by_hand(''2026-06-30'', ''2026-05-31'')', 'and the total');

--
-- As views and copies
--
CREATE SCHEMA report;
SELECT dunning.make_report('report.evolution', '30', 'company, region', language => 'fr', beside => '1 month'), dunning.make_report('report.litige', '30', 'customer', language => 'fr', disputed => true),
	dunning.make_report('report.par_date', '30', 'total', by_date => 'issue') \g /dev/null
SELECT is_empty($$ SELECT a.attrelid::regclass, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid WHERE c.relnamespace = 'report'::regnamespace AND a.attnum > 0 AND NOT pg_temp.is_plain(a.atttypid) $$, 'plain columns');
SELECT is((SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'report.evolution'::regclass AND attnum > 0),
	'devise, société, region, pièces, non échu, 1-30, 31+, sans échéance, total, échu, jour comparé, total avant, évolution, échu avant, évolution échu', 'with what was open a month before');
SELECT results_eq('SELECT sum(total), sum("total avant"), sum("évolution"), max("jour comparé") FROM report.evolution',
	'SELECT sum(total), sum(total_before), sum(total - total_before), ''2026-05-31''::date FROM pg_temp.by_hand(''2026-06-30'', ''2026-05-31'')', 'in sums of plain SQL');
SELECT is((SELECT sum(total) FROM report.litige), 190::numeric, 'what is in dispute');
SELECT results_eq('SELECT "not due", "1-30", "31+" FROM report.par_date', $$ SELECT coalesce(sum(open_amount) FILTER (WHERE issued_on = '2026-06-30'), 0), sum(open_amount) FILTER (WHERE issued_on BETWEEN '2026-05-31' AND '2026-06-29'),
	sum(open_amount) FILTER (WHERE issued_on < '2026-05-31') FROM dunning.open_item $$, 'by the issue date');
CREATE ROLE t272_reader;
GRANT USAGE ON SCHEMA report TO t272_reader;
SELECT dunning.make_report('report.par_societe', '30', 'company, customer') \g /dev/null
SELECT dunning.publish_report('report.par_societe', 't272_reader', 'report.s1', 'S1'), dunning.publish_report('report.evolution', 't272_reader', 'report.s0', company => 'S0') \g /dev/null
SET LOCAL ROLE t272_reader;
SELECT results_eq('SELECT DISTINCT company FROM report.s1', ARRAY['S1'], 'a copy for one company');
SELECT results_eq('SELECT DISTINCT "société" FROM report.s0', ARRAY['S0'], 'of a report in French, too');
RESET ROLE;
SELECT is((SELECT sum(total) FROM report.s1), (SELECT sum(open_amount) FROM dunning.open_item WHERE company = 'S1'), 'with its amounts');
SELECT is(pg_temp.try($$ SELECT dunning.publish_report('report.litige', 't272_reader', 'report.no', 'S1') $$), '42703: the report report.litige has no column of the company', 'a report that is not by company');

--
-- A viewer who may read the tables of the ERP reads all of them
--
CREATE ROLE t272_viewer;
GRANT SELECT ON public.facture, public.reglement TO t272_viewer;
SELECT dunning.grant_access('t272_viewer', 'viewer') \g /dev/null
SET LOCAL ROLE t272_viewer;
SELECT is(pg_temp.try(format('SELECT * FROM dunning.%I', v)), 'ok', v || ' as a viewer') FROM unnest('{report_aged_balance,report_open_items,report_worklist,report_customers,report_figures,report_payment_figures,report_promises,report_plans,
	report_disputes,report_reminders,report_claims,report_holds,report_contacts,report_warning_signs}'::text[]) AS v;
SELECT is((SELECT sum(open_amount) FROM dunning.report_worklist), (SELECT sum(amount) FROM dunning.report_aged_balance), 'with the same sums');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
