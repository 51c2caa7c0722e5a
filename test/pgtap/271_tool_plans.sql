-- Look-ups as tools send them reach the indexes of the ERP's tables: bound parameters of
-- any type under generic plans, ORDER BY ... LIMIT, joins to the ERP's tables.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL jit = off;
SELECT no_plan();
CREATE TABLE public.client (id integer PRIMARY KEY, nom text, region text);
INSERT INTO public.client SELECT n, 'Client ' || n, 'R' || n % 200 FROM generate_series(1, 2000) AS n;
CREATE INDEX client_region ON public.client (region);
CREATE TABLE public.facture (id integer PRIMARY KEY, client integer, issued_on date, due_on date, amount numeric(14, 2), devise text);
INSERT INTO public.facture SELECT n, 1 + n % 2000, date '2024-06-01' + n % 730, date '2024-07-01' + n % 730, n % 1000 + 0.5, 'EUR' FROM generate_series(1, 20000) AS n;
CREATE INDEX facture_client ON public.facture (client);
CREATE INDEX facture_due ON public.facture (due_on);
CREATE TABLE public.reglement (facture integer, paid_on date, amount numeric(14, 2));
INSERT INTO public.reglement SELECT id, issued_on + 40, amount FROM public.facture WHERE id % 3 > 0;
CREATE INDEX reglement_facture ON public.reglement (facture);
CREATE TABLE public.billet (code varchar(20) PRIMARY KEY, client uuid, due_on date, reste numeric);
INSERT INTO public.billet SELECT 'B' || n, md5((n % 500)::text)::uuid, date '2025-01-01' + n % 300, n FROM generate_series(1, 5000) AS n;
CREATE INDEX billet_client ON public.billet (client);
ANALYZE public.client, public.facture, public.reglement, public.billet;
SELECT dunning.adopt('public.facture', rule => NULL, columns => '{"customer": "client", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount", "currency": "devise",
	"payments": {"table": "reglement", "item": "facture", "date": "paid_on"}, "customers": {"table": "client"}}') \g /dev/null

-- how a plan reads the tables of the ERP
-- a customer whose columns nobody reads is not looked up from PostgreSQL 17 on
CREATE FUNCTION pg_temp.reads(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON, COSTS OFF) ' || query INTO plan;
	RETURN (WITH RECURSIVE node AS (
			SELECT plan -> 0 -> 'Plan' AS p
			UNION ALL
			SELECT c FROM node CROSS JOIN LATERAL json_array_elements(CASE json_typeof(p -> 'Plans') WHEN 'array' THEN p -> 'Plans' ELSE '[]' END) AS c)
		SELECT string_agg(DISTINCT coalesce(p ->> 'Index Name', 'all of ' || (p ->> 'Relation Name')), ', ' ORDER BY coalesce(p ->> 'Index Name', 'all of ' || (p ->> 'Relation Name')))
		FROM node WHERE p ->> 'Index Name' ~ '^(client|facture|reglement|billet)_' AND p ->> 'Index Name' <> 'client_pkey' OR p ->> 'Node Type' = 'Seq Scan' AND p ->> 'Relation Name' IN ('client', 'facture', 'reglement', 'billet'));
END $$;
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE item_text(text) AS SELECT * FROM dunning.open_item WHERE item = $1;
PREPARE item_varchar(varchar) AS SELECT * FROM dunning.worklist WHERE item = $1;
PREPARE item_integer(integer) AS SELECT * FROM dunning.worklist WHERE item = $1;
PREPARE item_bigint(bigint) AS SELECT * FROM dunning.open_item WHERE item = $1;
PREPARE item_of_ledger(text, text) AS SELECT * FROM dunning.worklist WHERE ledger = $1 AND item = $2;
PREPARE customer_text(text) AS SELECT * FROM dunning.worklist WHERE customer = $1;
PREPARE customer_varchar(varchar) AS SELECT * FROM dunning.open_item WHERE customer = $1;
PREPARE customer_integer(integer) AS SELECT * FROM dunning.open_item WHERE customer = $1;
PREPARE customer_uuid(uuid) AS SELECT * FROM dunning.worklist WHERE customer = $1;
PREPARE customer_page(text, integer) AS SELECT * FROM dunning.open_item WHERE customer = $1 ORDER BY due_on, item LIMIT $2;
PREPARE steps_page(text, integer) AS SELECT * FROM dunning.worklist WHERE customer = $1 ORDER BY step_on, item LIMIT $2;
SELECT is(pg_temp.reads(query), 'facture_pkey, reglement_facture', query)
FROM unnest(ARRAY['EXECUTE item_text(''17'')', 'EXECUTE item_varchar(''17'')', 'EXECUTE item_integer(17)', 'EXECUTE item_bigint(17)', 'EXECUTE item_of_ledger(''facture'', ''17'')']) AS query;
SELECT is(pg_temp.reads(query), 'facture_client, reglement_facture', query)
FROM unnest(ARRAY['EXECUTE customer_text(''17'')', 'EXECUTE customer_varchar(''17'')', 'EXECUTE customer_integer(17)', 'EXECUTE customer_page(''17'', 20)', 'EXECUTE steps_page(''17'', 20)']) AS query;
SELECT is(pg_temp.reads(query), 'facture_due, reglement_facture', query)
FROM unnest(ARRAY['SELECT * FROM dunning.open_item ORDER BY due_on LIMIT 20', 'SELECT item, state, late_interest FROM dunning.worklist ORDER BY due_on LIMIT 20']) AS query;

-- a join from a row of the ERP to what is open of it
SELECT is(pg_temp.reads(query), 'facture_client, facture_pkey, reglement_facture', 'joined: ' || query)
FROM unnest(ARRAY['SELECT f.id, o.open_amount FROM public.facture AS f JOIN dunning.open_item AS o ON o.item = f.id WHERE f.client = 17',
	'SELECT f.id, w.state, w.step_on FROM public.facture AS f LEFT JOIN dunning.worklist AS w ON w.item = f.id WHERE f.client = 17',
	'SELECT f.id, w.state FROM public.facture AS f LEFT JOIN dunning.worklist AS w ON w.ledger = ''facture'' AND w.item = f.id LEFT JOIN public.client AS c ON c.id = f.client WHERE f.client = 17']) AS query;

-- one more ledger, with other types
SELECT dunning.adopt('public.billet', rule => NULL, columns => '{"key": "code", "customer": "client", "due_on": "due_on", "open_amount": "reste"}') \g /dev/null
SELECT is(pg_temp.reads(query), indexes, 'two ledgers: ' || query)
FROM (VALUES ('EXECUTE item_text(''17'')', 'billet_pkey, facture_pkey, reglement_facture'), ('EXECUTE item_varchar(''B17'')', 'billet_pkey, facture_pkey, reglement_facture'),
	('EXECUTE item_of_ledger(''facture'', ''17'')', 'billet_pkey, facture_pkey, reglement_facture'),
	('EXECUTE customer_text(''17'')', 'billet_client, facture_client, reglement_facture'),
	('EXECUTE customer_uuid(''c4ca4238-a0b9-2382-0dcc-509a6f75849b'')', 'billet_client, facture_client, reglement_facture'),
	('EXECUTE customer_page(''17'', 20)', 'billet_client, facture_client, reglement_facture'),
	('SELECT * FROM dunning.worklist WHERE ledger = ''facture'' AND customer = ''17''', 'facture_client, reglement_facture')) AS v (query, indexes);

-- Joins to the ERP's tables: the work list has more tables than join_collapse_limit lets
-- the planner put in order, and PostgreSQL gives no value of a join to a UNION ALL of
-- joins, so that a row of the ERP looks it up behind LATERAL.
SELECT is(pg_temp.reads(query), indexes, 'joined: ' || query)
FROM (VALUES
	('SELECT f.id, w.state, w.step_on FROM public.facture AS f CROSS JOIN LATERAL (SELECT * FROM dunning.worklist WHERE ledger = ''facture'' AND item = f.id OFFSET 0) AS w WHERE f.client = 17',
		'facture_client, facture_pkey, reglement_facture'),
	('SELECT c.nom, w.reference, w.state FROM public.client AS c CROSS JOIN LATERAL (SELECT * FROM dunning.worklist WHERE customer = c.id OFFSET 0) AS w WHERE c.region = ''R7'' ORDER BY w.due_on LIMIT 50',
		'billet_client, client_region, facture_client, reglement_facture'),
	('SELECT c.nom, c.region, w.state FROM dunning.worklist AS w JOIN public.client AS c ON c.id = w.customer WHERE w.ledger = ''facture'' AND w.customer = ''17''',
		'facture_client, reglement_facture')) AS v (query, indexes);
SELECT * FROM finish();
ROLLBACK;
