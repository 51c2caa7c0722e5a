-- The items of many keys, or of many customers, at once: the rows of a join, found
-- by the indexes of the ERP's tables, with the rights of who reads.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL dunning.today = '2026-06-01';
SELECT no_plan();

CREATE TABLE public.invoice (id integer PRIMARY KEY, customer_id integer, issued_on date, due_date date, amount numeric);
CREATE TABLE public.payment (id integer PRIMARY KEY, invoice_id integer, paid_on date, amount numeric);
INSERT INTO public.invoice SELECT n, n % 500, '2026-01-01', '2026-02-01', 100 FROM generate_series(1, 5000) AS n;
INSERT INTO public.payment SELECT n, n, '2026-05-01', CASE WHEN n % 2 = 0 THEN 100 ELSE 10 END FROM generate_series(1, 5000) AS n;
CREATE INDEX invoice_customer ON public.invoice (customer_id);
CREATE INDEX payment_invoice ON public.payment (invoice_id);
CREATE TABLE public.facture (numero text, client uuid, date_echeance date, solde numeric, PRIMARY KEY (numero, date_echeance)) PARTITION BY RANGE (date_echeance);
CREATE TABLE public.facture_2025 PARTITION OF public.facture FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE public.facture_2026 PARTITION OF public.facture FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO public.facture SELECT 'F' || n, ('00000000-0000-0000-0000-' || lpad((n % 300)::text, 12, '0'))::uuid, date '2025-06-01' + n % 400, n % 3 FROM generate_series(1, 3000) AS n;
INSERT INTO public.facture VALUES ('3', '00000000-0000-0000-0000-000000000999', '2026-01-05', 7), ('f1', NULL, '2026-01-05', 7), ('nan', NULL, '2026-01-05', 'NaN'), ('none', NULL, '2026-01-05', NULL);
CREATE INDEX facture_client ON public.facture (client);
ANALYZE public.invoice, public.payment, public.facture;
SELECT dunning.adopt('public.invoice', columns => '{"payments": "public.payment"}') \g /dev/null
SELECT dunning.adopt('public.facture', columns => '{"key": "numero", "customer": "client"}') \g /dev/null

CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		plan := plan || line || E'\n';
	END LOOP;
	RETURN plan;
END
$$;
CREATE FUNCTION pg_temp.found(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	EXECUTE format('SELECT string_agg(i.ledger || '' '' || i.item::text || '' '' || coalesce(i.open_amount::text, ''NULL''), '', '' ORDER BY i.ledger, i.item) FROM (%s) AS i', query) INTO found;
	RETURN coalesce(found, 'nothing');
END
$$;

-- the rows
SELECT is(pg_temp.found($$ SELECT * FROM dunning.open_items_of(ARRAY[1, 2, 3]) $$), 'facture 3 7, invoice 1 90, invoice 3 90', 'integers, in two ledgers; what is settled is not there');
SELECT is(pg_temp.found($$ SELECT * FROM dunning.open_items_of('{1,2,3}'::text[]) $$), 'facture 3 7, invoice 1 90, invoice 3 90', 'texts');
SELECT is(pg_temp.found($$ SELECT * FROM dunning.open_items_of('{1,2,3}'::dunning.item_key[]) $$), 'facture 3 7, invoice 1 90, invoice 3 90', 'keys');
SELECT is(pg_temp.found(format('SELECT * FROM dunning.open_items_of(''{3}''::%s[])', t)), 'facture 3 7, invoice 3 90', t)
FROM unnest('{smallint,bigint,numeric,varchar,character(4)}'::text[]) AS t;
SELECT is(pg_temp.found($$ SELECT * FROM dunning.open_items_of(ARRAY[3, 3.0, 3.00]) $$), 'facture 3 7, invoice 3 90', 'one key in three spellings');
SELECT is(pg_temp.found($$ SELECT * FROM dunning.open_items_of('{F1,F1,NULL,f1,nowhere}'::text[]) $$), 'facture F1 1, facture f1 7', 'a key twice, NULL, and one that is not there');
SELECT is(pg_temp.found($$ SELECT * FROM dunning.open_items_of('{03,"3 ",+3,3.0}'::text[]) $$), 'nothing', 'a number in another spelling is another key');
SELECT is(pg_temp.found($$ SELECT * FROM dunning.open_items_of('{nan,none}'::text[]) $$), 'facture nan NaN, facture none NULL', 'an amount that is none is to be seen');
SELECT is(pg_temp.found($$ SELECT * FROM dunning.open_items_of('{{1},{3}}'::integer[]) $$), 'facture 3 7, invoice 1 90, invoice 3 90', 'an array of two dimensions');
SELECT is(pg_temp.found(format('SELECT * FROM dunning.open_items_of(%s)', a)), 'nothing', a)
FROM unnest(ARRAY['''{}''::integer[]', '''{NULL}''::text[]', 'NULL::integer[]', '''{3}''::integer[], NULL']) AS a;
SELECT is(pg_temp.found($$ SELECT * FROM dunning.open_items_of('{3,4}'::integer[], '2026-04-30') $$), 'facture 3 7, invoice 3 100, invoice 4 100', 'as of a day');
SELECT is(pg_temp.found($$ SELECT * FROM dunning.open_items_of('{3,4}'::integer[], as_of => '2025-12-31') $$), 'facture 3 7', 'before it was issued');
SELECT is(pg_temp.found($$ SELECT i.* FROM (VALUES (date '2026-04-30')) AS d (day), dunning.open_items_of('{4}'::integer[], d.day) AS i $$), 'invoice 4 100', 'a day of a row');
SELECT set_eq($$ SELECT * FROM dunning.open_items_of(ARRAY(SELECT n::text FROM generate_series(1, 60) AS n) || ARRAY(SELECT 'F' || n FROM generate_series(1, 60) AS n)) $$,
	$$ SELECT o.* FROM dunning.open_item AS o WHERE o.item::text IN (SELECT n::text FROM generate_series(1, 60) AS n UNION ALL SELECT 'F' || n FROM generate_series(1, 60) AS n) $$,
	'the rows of a join, from a subquery');
SELECT set_eq($$ SELECT * FROM dunning.open_items_of_customers('{3,5,7,NULL,5}'::bigint[], '2026-04-01') $$,
	$$ SELECT o.* FROM dunning.open_items('2026-04-01') AS o WHERE o.customer::text IN ('3', '5', '7') $$, 'customers, by integers');
SELECT set_eq($$ SELECT * FROM dunning.open_items_of_customers(ARRAY['00000000-0000-0000-0000-000000000004', '00000000-0000-0000-0000-000000000005']::uuid[]) $$,
	$$ SELECT o.* FROM dunning.open_item AS o WHERE o.customer::text ~ '-00000000000[45]$' $$, 'and by uuid');
SELECT is((SELECT count(*) FROM dunning.open_items_of_customers('{}'::uuid[])), 0::bigint, 'of none, none');
SELECT throws_ok($$ SELECT * FROM dunning.open_items_of(ARRAY[date '2026-01-01']) $$, '42883', NULL, 'a day is no key');

-- the way to them
SELECT matches(pg_temp.plan(format('SELECT item, open_amount FROM dunning.open_items_of(%s)', a)),
	'invoice_pkey[\s\S]*payment_invoice|payment_invoice[\s\S]*invoice_pkey', 'the index of the items and that of the payments: ' || a)
FROM unnest(ARRAY['''{1,2,3}''::integer[]', '''{1,2,3}''::text[]', '''{1,2,3}''::dunning.item_key[]', '''{1,2,3}''::numeric[]']) AS a;
SELECT doesnt_match(pg_temp.plan(format('SELECT item, open_amount FROM dunning.open_items_of%s', a)), 'Seq Scan', 'no table is read whole: ' || a)
FROM unnest(ARRAY['(''{1,2,3}''::integer[])', '(''{F1,F2}''::text[])', '(''{F1,F2}''::dunning.item_key[], ''2026-02-02'')',
	'_customers(''{1,2}''::integer[])', '_customers(''{00000000-0000-0000-0000-000000000004}''::uuid[])']) AS a;
SELECT matches(pg_temp.plan($$ SELECT item FROM dunning.open_items_of('{F1,F2}'::text[]) $$), 'facture_2025_pkey[\s\S]*facture_2026_pkey', 'each partition has its index');
SELECT matches(pg_temp.plan($$ SELECT item FROM dunning.open_items_of_customers('{00000000-0000-0000-0000-000000000004}'::uuid[]) $$),
	'facture_2025_client_idx[\s\S]*facture_2026_client_idx', 'that of the customers, too');
SELECT matches(pg_temp.plan($$ SELECT item FROM dunning.open_items_of_customers('{7}'::integer[]) $$), 'Index Cond: \(customer_id = (\w+\.)?key\)', 'a column of the type of the keys is compared as it is');
PREPARE many (integer[]) AS SELECT sum(open_amount) FROM dunning.open_items_of($1);
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT doesnt_match(pg_temp.plan('EXECUTE many (''{1,2}'')'), 'Seq Scan', 'a parameter whose value is not known');
SET LOCAL plan_cache_mode = auto;

-- the rights of who reads
CREATE ROLE many_reader;
SET LOCAL ROLE many_reader;
SELECT throws_ok($$ SELECT * FROM dunning.open_items_of('{3}'::integer[]) $$, '42501', NULL, 'who may not read the tables may not read the items');
RESET ROLE;
GRANT SELECT ON public.invoice, public.payment, public.facture TO many_reader;
ALTER TABLE public.invoice ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON public.invoice USING (id < 3);
SET LOCAL ROLE many_reader;
SELECT is((SELECT string_agg(ledger || ' ' || item::text, ', ' ORDER BY ledger) FROM dunning.open_items_of('{1,3}'::integer[])), 'facture 3, invoice 1', 'policies hold');
SELECT is((SELECT count(*) FROM dunning.open_items_of_customers(ARRAY(SELECT 3))), 0::bigint, 'in a call that is not inlined, too');
RESET ROLE;

SELECT dunning.release_ledger('facture'), dunning.release_ledger('invoice') \g /dev/null
SELECT is((SELECT count(*) FROM dunning.open_items_of('{3}'::integer[])), 0::bigint, 'without a ledger there is nothing');
SELECT * FROM finish();
ROLLBACK;
