-- What may be there before CREATE EXTENSION, what may not, and what must not be
-- taken over afterwards.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT no_plan();

CREATE ROLE dunning_mallory;
CREATE ROLE dunning_admin SUPERUSER;

-- The views and functions of a ledger are those that a dump has.  Whoever owns one
-- could change what everybody reads.
CREATE TABLE public.facture (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric);
INSERT INTO public.facture VALUES (1, 1, '2026-03-01', 10);
CREATE FUNCTION pg_temp.plant(owner name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. 4 LOOP
		EXECUTE format('DROP FUNCTION IF EXISTS _dunning.ledger_items_%s(date)', i);
		EXECUTE format('CREATE FUNCTION _dunning.ledger_items_%s(as_of date) RETURNS SETOF _dunning.item_row LANGUAGE sql STABLE PARALLEL SAFE AS ''SELECT (NULL::_dunning.item_row).* WHERE false''', i);
		EXECUTE format('ALTER FUNCTION _dunning.ledger_items_%s(date) OWNER TO %I', i, owner);
	END LOOP;
END $$;
GRANT CREATE ON SCHEMA _dunning TO dunning_mallory;
SELECT pg_temp.plant('dunning_mallory') \g /dev/null
SELECT throws_ok('SELECT dunning.adopt(''public.facture'')', '42501', '_dunning.ledger_items_1(date) belongs to "dunning_mallory"', 'a function of another in the place of ours');
SELECT throws_ok('SELECT dunning.rebuild_ledgers()', '42501', '_dunning.ledger_items_1(date) belongs to "dunning_mallory"', 'also when what reads the ledgers is built anew');
SELECT pg_temp.plant('dunning_admin') \g /dev/null
SELECT lives_ok('SELECT dunning.adopt(''public.facture'')', 'one of a superuser makes way');
SELECT is((SELECT count(*) FROM dunning.open_item), 1::bigint, 'for that of the ledger');
-- the views, too: planted, or given to another
CREATE FUNCTION pg_temp.planted(preparation text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE preparation;
	PERFORM dunning.rebuild_ledgers();
	RETURN 'rebuilt';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
SELECT is(pg_temp.planted(format(preparation, relation)), format('42501: %s belongs to "dunning_mallory"', relation), format(preparation, relation))
FROM (VALUES ('CREATE VIEW %1$s AS SELECT 1 AS x; ALTER VIEW %1$s OWNER TO dunning_mallory', '_dunning.item_99'),
	('CREATE TABLE %1$s (x integer); ALTER TABLE %1$s OWNER TO dunning_mallory', '_dunning.payment_99'),
	('ALTER VIEW %1$s OWNER TO dunning_mallory', (SELECT '_dunning.customer_' || id FROM dunning.ledger))) AS v (preparation, relation);
SELECT is(pg_temp.planted('SELECT 1'), 'rebuilt', 'without them');

DROP EXTENSION pg_dunning CASCADE;
DROP SCHEMA dunning CASCADE;

-- CREATE EXTENSION after a preparation, of which nothing is left afterwards:
-- 'created', with whom a query finds, or what was wrong
CREATE FUNCTION pg_temp.created(preparation text, strangers text DEFAULT 'SELECT NULL') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	hint text;
	found text;
BEGIN
	EXECUTE preparation;
	CREATE EXTENSION pg_dunning;
	EXECUTE strangers INTO found;
	RAISE EXCEPTION '%', concat_ws(' ', 'created', found) USING ERRCODE = 'DUN00';
EXCEPTION
	WHEN SQLSTATE 'DUN00' THEN
		RETURN SQLERRM;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
		RETURN SQLSTATE || ': ' || message || CASE WHEN hint = '' THEN ' (no hint)' ELSE '' END;
END $$;

SELECT is(pg_temp.created(''), 'created', 'without a schema');
SELECT is(pg_temp.created('CREATE SCHEMA dunning'), 'created', 'with a schema of one''s own');
SELECT is(pg_temp.created('CREATE SCHEMA dunning AUTHORIZATION dunning_admin'), 'created',
	'with the schema of another superuser, as a restore has it');
SELECT is(pg_temp.created('CREATE SCHEMA dunning; GRANT USAGE ON SCHEMA dunning TO PUBLIC;
	GRANT CREATE ON SCHEMA dunning TO dunning_admin'), 'created', 'where only a superuser may create');
SELECT is(pg_temp.created('CREATE SCHEMA dunning;
	ALTER DEFAULT PRIVILEGES IN SCHEMA dunning GRANT SELECT ON TABLES TO dunning_mallory'), 'created', 'with privileges to come');
SELECT is(pg_temp.created('CREATE SCHEMA dunning AUTHORIZATION dunning_mallory'),
	'42501: schema "dunning" belongs to "dunning_mallory"', 'with the schema of another');
SELECT is(pg_temp.created('CREATE SCHEMA dunning; ALTER SCHEMA dunning OWNER TO dunning_mallory; GRANT dunning_mallory TO CURRENT_USER'),
	'42501: schema "dunning" belongs to "dunning_mallory"', 'whose member one is');
SELECT is(pg_temp.created('CREATE SCHEMA dunning; GRANT ALL ON SCHEMA dunning TO dunning_mallory'),
	'42501: dunning_mallory may create objects in schema "dunning"', 'where another may create');
SELECT is(pg_temp.created('CREATE SCHEMA dunning; GRANT CREATE ON SCHEMA dunning TO PUBLIC'),
	'42501: PUBLIC may create objects in schema "dunning"', 'where everybody may');
SELECT is(pg_temp.created('ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO dunning_mallory'),
	'42501: dunning_mallory may create objects in schema "dunning"', 'where another may in every new schema');
SELECT is(pg_temp.created('CREATE SCHEMA dunning; ' || object), '55000: schema "dunning" is not empty', 'with ' || object)
FROM unnest(ARRAY['CREATE FUNCTION dunning.run(text) RETURNS void LANGUAGE sql AS ''''',
	'CREATE FUNCTION dunning.today() RETURNS date LANGUAGE sql AS ''SELECT CURRENT_DATE''',
	'CREATE VIEW dunning.open_item AS SELECT 1 AS x', 'CREATE TABLE dunning.ledger (x integer)',
		'CREATE TYPE dunning.item_key AS ENUM ()', 'CREATE DOMAIN dunning.t AS text',
	'CREATE SEQUENCE dunning.s', 'CREATE OPERATOR dunning.= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq)',
		'CREATE COLLATION dunning.c FROM "C"',
	'CREATE AGGREGATE dunning.sum(integer) (SFUNC = int4pl, STYPE = integer)', 'CREATE OPERATOR FAMILY dunning.f USING btree',
		'CREATE TEXT SEARCH CONFIGURATION dunning.t (COPY = simple)']) AS object;

-- The schema of the internals is made by CREATE EXTENSION and by nobody else.
SELECT is(pg_temp.created(preparation), '42P06: schema "_dunning" exists already', preparation)
FROM unnest(ARRAY['CREATE SCHEMA _dunning', 'CREATE SCHEMA _dunning AUTHORIZATION dunning_admin', 'CREATE SCHEMA _dunning AUTHORIZATION dunning_mallory',
	'CREATE SCHEMA dunning; CREATE SCHEMA _dunning; CREATE DOMAIN _dunning.t AS text']) AS preparation;
SELECT is(pg_temp.created('CREATE SCHEMA dunning; ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO dunning_mallory, PUBLIC',
	'SELECT string_agg(r.rolname, '' '') FROM pg_roles AS r WHERE has_schema_privilege(r.rolname, ''_dunning'', ''CREATE'') AND NOT r.rolsuper'),
	'created', 'nobody else may create in it, whatever the default privileges say');

-- What stands in the search_path or among temporary objects is not looked at.
CREATE SCHEMA trap;
CREATE FUNCTION trap.spring() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'sprung'; END $$;
CREATE FUNCTION trap.format(text, VARIADIC text[]) RETURNS text LANGUAGE sql AS $$ SELECT trap.spring()::text $$;
CREATE FUNCTION trap.eq(name, name) RETURNS boolean LANGUAGE sql AS $$ SELECT trap.spring() $$;
CREATE FUNCTION trap.eq(oid, oid) RETURNS boolean LANGUAGE sql AS $$ SELECT trap.spring() $$;
CREATE FUNCTION trap.eq("char", text) RETURNS boolean LANGUAGE sql AS $$ SELECT trap.spring() $$;
CREATE FUNCTION trap.eq(name, text) RETURNS boolean LANGUAGE sql AS $$ SELECT trap.spring() $$;
CREATE FUNCTION trap.join(text, text) RETURNS text LANGUAGE sql AS $$ SELECT trap.spring()::text $$;
CREATE OPERATOR trap.= (LEFTARG = name, RIGHTARG = name, FUNCTION = trap.eq);
CREATE OPERATOR trap.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = trap.eq);
CREATE OPERATOR trap.= (LEFTARG = "char", RIGHTARG = text, FUNCTION = trap.eq);
CREATE OPERATOR trap.= (LEFTARG = name, RIGHTARG = text, FUNCTION = trap.eq);
CREATE OPERATOR trap.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.join);
CREATE TABLE pg_temp.pg_namespace (oid oid, nspname name);
CREATE TABLE pg_temp.pg_proc (oid oid, pronamespace oid, provolatile "char");
CREATE TYPE pg_temp.regclass AS ENUM ('x');
SET LOCAL search_path = trap, pg_temp, pg_catalog;
SELECT pg_temp.created('') AS outcome \gset
SET LOCAL search_path = public;
SELECT is(:'outcome'::text, 'created', 'with a hostile search_path and temporary objects');

SELECT * FROM finish();
ROLLBACK;
