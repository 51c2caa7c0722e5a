-- Reports as views and copies: plain columns, labels, rights.
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
SELECT is(pg_temp.try($$ SELECT dunning.make_report('public.aged') $$), '22023: there is no aging scheme for the report', 'without a ledger a report needs a scheme');
CREATE TABLE public.facture (id integer PRIMARY KEY, client integer, nom text, societe text, issued_on date, due_on date, reste numeric(14, 2), devise text);
INSERT INTO public.facture SELECT n, n % 3, 'Client ' || n % 3, 'S' || n % 2, '2026-01-01', date '2026-06-30' - (n - 5) * 9, n, 'EUR' FROM generate_series(1, 20) AS n;
INSERT INTO public.facture VALUES (21, 1, 'Client 1', 'S1', '2026-01-01', NULL, 7, 'EUR');
SELECT dunning.adopt('public.facture', columns => '{"key": "id", "customer": "client", "customer_name": "nom", "company": "societe", "issued_on": "issued_on", "due_on": "due_on", "open_amount": "reste", "currency": "devise"}') \g /dev/null
CREATE SCHEMA report;
SELECT is(_dunning.french_label(label), french, label)
FROM (VALUES ('not due', 'non échu'), ('due today', 'échu du jour'), ('1-30', '1-30'), ('91+', '91+'), ('up to 1 month', 'jusqu''à 1 mois'), ('over 2 months', 'plus de 2 mois'), ('over 30 days', 'plus de 30 jours'),
	('0 to 29', '0 à 29'), ('-9 to 0', '-9 à 0'), ('from -5', 'à partir de -5'), ('all', 'tout'), ('Older', 'Older'), ('over the hill', 'over the hill')) AS v (label, french);
SELECT is(dunning.make_report('report.balance', '30,60,90', 'company, customer', language => 'fr')::text, 'report.balance', 'a report is a view');
SELECT is((SELECT string_agg(attname || ' ' || format_type(atttypid, NULL), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'report.balance'::regclass AND attnum > 0),
	'devise text, compte text, société text, client text, nom text, pièces bigint, non échu numeric, 1-30 numeric, 31-60 numeric, 61-90 numeric, 91+ numeric, sans échéance numeric, total numeric, échu numeric', 'of plain columns, in French');
SELECT ok((SELECT reloptions FROM pg_class WHERE oid = 'report.balance'::regclass) = '{security_invoker=true}', 'read with the rights of the reader');
SELECT set_eq('SELECT société, client, "non échu", "1-30", "31-60", "61-90", "91+", "sans échéance", total, échu FROM report.balance',
	$$ SELECT societe, client::text, coalesce(sum(reste) FILTER (WHERE d <= 0), 0) AS a, coalesce(sum(reste) FILTER (WHERE d BETWEEN 1 AND 30), 0) AS b, coalesce(sum(reste) FILTER (WHERE d BETWEEN 31 AND 60), 0) AS c,
		coalesce(sum(reste) FILTER (WHERE d BETWEEN 61 AND 90), 0) AS d, coalesce(sum(reste) FILTER (WHERE d > 90), 0) AS e, coalesce(sum(reste) FILTER (WHERE d IS NULL), 0) AS f, sum(reste) AS g, coalesce(sum(reste) FILTER (WHERE d > 0), 0) AS h
		FROM (SELECT *, date '2026-06-30' - due_on AS d FROM facture) AS s GROUP BY 1, 2 $$, 'with the amounts of plain SQL');
SELECT is(dunning.make_report('report.whole', '..0 "total", 1..', 'total')::text, 'report.whole', 'a bucket may have the label of a column');
SELECT is((SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'report.whole'::regclass AND attnum > 0), 'currency, items, total, 1+, no due date, total 2, overdue', 'and the second has a number');
SELECT is((SELECT "total 2" FROM report.whole), (SELECT sum(reste) FROM facture), 'one line for each currency');
SELECT is(pg_temp.try($$ SELECT dunning.make_report('report.whole', '30', 'company') $$), '42P07: the report report.whole is there already, with other columns', 'a report of other columns has another name');
SELECT is(dunning.make_report('report.whole', '..0 "total", 1..', 'total')::text, 'report.whole', 'one of the same columns is replaced');
SELECT is(pg_temp.try($$ SELECT dunning.make_report('public.facture', '30', 'company') $$), '42P07: the report public.facture is there already, with other columns', 'a table is none');
SELECT is(pg_temp.try($$ SELECT dunning.make_report('aged') $$), '22023: the report "aged" needs a schema', 'a schema is named');
SELECT is(pg_temp.try($$ SELECT dunning.make_report('report.x', grouped_by => 'colour') $$), '22023: a report cannot be by "colour"', 'another group');

CREATE ROLE t268_reader;
CREATE ROLE t268_owner;
GRANT USAGE ON SCHEMA report, dunning, _dunning TO t268_reader;
GRANT SELECT ON report.balance TO t268_reader;
SELECT is(dunning.publish_report('report.balance', 't268_reader')::text, 'report.balance_published', 'a copy');
SET LOCAL ROLE t268_reader;
SELECT is((SELECT sum(total) FROM report.balance_published), 217.00, 'is read without rights on the ERP''s table');
SELECT ok(pg_temp.try('SELECT * FROM report.balance') ~ '^42501', 'the view is not');
RESET ROLE;
INSERT INTO public.facture VALUES (22, 1, 'Client 1', 'S1', '2026-01-01', NULL, 3, 'EUR');
SELECT results_eq('SELECT * FROM dunning.refresh_reports()', $$ VALUES ('report.balance_published', NULL::text) $$, 'and is renewed');
SELECT is((SELECT sum(total) FROM report.balance_published), 220.00, 'with what came since');
SELECT is(pg_temp.try($$ SELECT dunning.publish_report('report.balance', 't268_reader') $$), '42P07: the report report.balance_published is there already', 'a second copy has another name');
SELECT is(pg_temp.try(format('SELECT dunning.publish_report(''report.balance'', ''t268_reader'', ''report.%s'')', repeat('é', 32))), format('42622: the name "%s" is too long', repeat('é', 32)), 'a name has at most 63 bytes');
SELECT is(dunning.publish_report('report.balance', 't268_reader', 'report.' || repeat('é', 31))::text, 'report."' || repeat('é', 31) || '"', 'which it may have');
SELECT is(dunning.make_report('report.' || repeat('n', 63), '30')::text, 'report.' || repeat('n', 63), 'a report, too');
SELECT is(pg_temp.try(format('SELECT dunning.make_report(''report.%s'', ''30'')', repeat('n', 64))), format('42622: the name "%s" is too long', repeat('n', 64)), 'and not more');
SELECT is(pg_temp.try(format('SELECT dunning.publish_report(''report.%s'', ''t268_reader'')', repeat('n', 63))), format('42622: the name "%s_published" is too long', repeat('n', 63)), 'the name of its copy has to be given');
SELECT is(pg_temp.try($$ SELECT dunning.make_report('report.x', '30', language => 'de') $$), '22023: language "de" is not known', 'another language');
SELECT is(pg_temp.try(format('SELECT dunning.make_report(''report.x'', ''30'', beside => %L)', v)), format('22023: no day is %s before another', v::interval), 'beside ' || v) FROM unnest('{-1 month,0 days,1 month -40 days}'::text[]) AS v;
SELECT is(pg_temp.try($$ SELECT * FROM dunning.aged_balance_change('2026-06-30', '-1 day') $$), '22023: no day is -1 days before another', 'nor for the function');
SELECT is(pg_temp.try($$ SELECT dunning.dashboard(language => 'de') $$), '22023: language "de" is not known', 'the dashboard, too');
SELECT is(pg_temp.try($$ SELECT * FROM dunning.warning_signs(language => 'de') $$), '22023: language "de" is not known', 'and the warning signs');
-- a copy that cannot be renewed does not keep the others from it
CREATE TABLE report.gone (id integer);
CREATE VIEW report.divided AS SELECT 1 / (SELECT count(*) FROM report.gone) AS n;
INSERT INTO report.gone VALUES (1);
SELECT dunning.publish_report('report.divided', 't268_reader', 'report.a') \g /dev/null
DELETE FROM report.gone;
SELECT set_eq('SELECT * FROM dunning.refresh_reports()', format($$ VALUES ('report.a', 'division by zero'), ('report.balance_published', NULL), ('report."%s"', NULL) $$, repeat('é', 31)), 'one that cannot be renewed says why');
GRANT USAGE ON SCHEMA public TO t268_owner;
SELECT dunning.grant_access('t268_owner', 'viewer') \g /dev/null
SET LOCAL ROLE t268_owner;
SELECT is_empty('SELECT * FROM dunning.refresh_reports()', 'the copies of others are theirs');
RESET ROLE;
ALTER TABLE public.facture OWNER TO t268_owner;
SELECT is(pg_temp.try($$ SELECT dunning.publish_report('report.balance', 't268_reader', 'report.other') $$), format('42501: the tables and views of others are not published as role "%s"', current_user), 'not with the rights of a superuser');
-- nor what another role calls a report, and not with the rights of the owner of the extension
ALTER TABLE public.facture OWNER TO CURRENT_USER;
GRANT USAGE, CREATE ON SCHEMA report TO t268_owner;
SET LOCAL ROLE t268_owner;
CREATE FUNCTION report.spy() RETURNS text LANGUAGE sql AS 'SELECT current_user::text';
CREATE VIEW report.trap AS SELECT report.spy() AS company;
RESET ROLE;
SELECT ok(pg_temp.try($$ SELECT dunning.publish_report('report.trap', 't268_reader', 'report.other') $$) ~ '^42501: the tables and views of others', 'nor a view of another role');
CREATE ROLE t268_extension;
GRANT USAGE, CREATE ON SCHEMA report TO t268_extension;
SELECT dunning.set_owner('t268_extension') \g /dev/null
GRANT SELECT ON report.trap TO t268_extension;
SET LOCAL ROLE t268_extension;
SELECT ok(pg_temp.try($$ SELECT dunning.publish_report('report.trap', 't268_reader', 'report.other') $$) ~ '^42501: the tables and views of others', 'by the owner of the extension neither');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
