-- The demonstration with two databases: the ERP's has its tables and no extension of
-- ours, and this one reads them by postgres_fdw.
\pset pager off
\pset footer off
\pset border 0
SET client_min_messages = warning;
SET DateStyle = 'ISO';
SELECT current_setting('port') AS port, split_part(current_setting('unix_socket_directories'), ',', 1) AS host \gset

\echo
\echo :bold'pg_dunning beside a database that cannot have it':plain
\echo
\echo 'The ERP of Fournitures Valmont is on a managed server that takes no extensions but its own. A small'
\echo 'server beside it has pg_dunning. Here both are databases of one server. It is 20 November 2026.'
\echo
\echo :bold'--- 1. The tables of the other database --------------------------------------------------------':plain
\echo
CREATE EXTENSION postgres_fdw;
SELECT format('CREATE SERVER erp FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)', :'host', :'port', :'erp_database') AS server,
	format('CREATE USER MAPPING FOR CURRENT_USER SERVER erp OPTIONS (user %L)', current_user) AS mapping \gset
:server;
:mapping;
\set ECHO queries
CREATE SCHEMA erp;
IMPORT FOREIGN SCHEMA public FROM SERVER erp INTO erp;
\set ECHO none
\echo :bold'--- 2. One call adopts them --------------------------------------------------------------------':plain
\echo
CREATE EXTENSION pg_dunning;
SET dunning.today = '2026-11-20';
\set ECHO queries
SELECT field, source, left(why, 60) AS why
FROM dunning.adopt('erp.facture', columns => '{"payments": {"table": "erp.reglement", "indexed": true}, "customers": "erp.client"}')
WHERE field IN ('key', 'customer', 'due_on', 'payments.item', 'customers.name', 'open items', 'history');
\set ECHO none
\echo :bold'--- 3. The aged balance ------------------------------------------------------------------------':plain
\echo
\set ECHO queries
SELECT r.currency, b.label, b.amount
FROM dunning.aged_balance_report(grouped_by => 'currency') AS r CROSS JOIN LATERAL dunning.buckets(r.balance) AS b
WHERE b.amount <> 0 AND r.currency = 'EUR' AND r.customer IS NULL;
\set ECHO none
\echo :bold'--- 4. The reminders of tonight ----------------------------------------------------------------':plain
\echo
\echo 'They are stored here. Nothing is written into the ERP.'
\echo
\set ECHO queries
CALL dunning.run('2026-11-20');
SELECT level, channel, count(*) FROM dunning.reminder GROUP BY level, channel ORDER BY level;
\set ECHO none
\echo :bold'--- 5. What the ERP''s server is asked ----------------------------------------------------------':plain
\echo
\echo 'For one customer: his invoices, and the sum of the payments of each.'
\echo
SELECT customer AS one FROM dunning.open_item GROUP BY customer ORDER BY count(*) DESC, customer LIMIT 1 \gset
CREATE FUNCTION pg_temp.asked(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		IF line ~ 'Remote SQL' THEN
			RETURN NEXT substring(line FROM 'Remote SQL: (.{1,150})');
		END IF;
	END LOOP;
END
$$;
SELECT pg_temp.asked(format('SELECT sum(open_amount) FROM dunning.open_item WHERE customer = %L', :'one')) AS asked;

\set ON_ERROR_STOP on
CREATE FUNCTION pg_temp.check() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	ASSERT (SELECT sum(o.open_amount) FROM dunning.open_item AS o) = (SELECT sum(f.montant_ttc) FROM erp.facture AS f) - (SELECT sum(r.montant) FROM erp.reglement AS r), 'the open total';
	ASSERT (SELECT g.raised > 0 AND g.problems = 0 FROM dunning.run_log AS g), 'the run';
END
$$;
SELECT pg_temp.check() \g /dev/null
