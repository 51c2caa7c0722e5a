-- A reader without USAGE on the schema, who may select a view that uses its
-- functions: the planner support must look nothing up with his rights, and
-- nothing that he defines may be taken for ours.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT no_plan();

CREATE ROLE dunning_outsider;
REVOKE USAGE ON SCHEMA dunning FROM PUBLIC;
CREATE TABLE public.invoice (id integer PRIMARY KEY, code numeric, due_on date, amount numeric);
INSERT INTO public.invoice SELECT i, i, '2025-12-31'::date + i, i FROM generate_series(1, 3000) AS i;
CREATE INDEX ON public.invoice (due_on);
CREATE INDEX ON public.invoice (code);
CREATE TABLE public.reminded (item dunning.item_key);
INSERT INTO public.reminded VALUES ('7'), ('42'), ('none');
ANALYZE public.invoice, public.reminded;
CREATE TABLE public.day (today date, grace integer);
INSERT INTO public.day VALUES ('2026-02-01', 5);

-- each names what only the executor can know, so that a call has to be planned
CREATE VIEW public.overdue AS SELECT i.* FROM public.invoice AS i
	WHERE dunning.is_overdue(i.due_on, (SELECT d.today FROM public.day AS d), (SELECT d.grace FROM public.day AS d));
CREATE VIEW public.overdue_with_grace AS SELECT * FROM public.invoice WHERE dunning.is_overdue(due_on, '2026-02-01', 5);
CREATE VIEW public.overdue_on AS SELECT * FROM public.invoice WHERE dunning.is_overdue(due_on, current_setting('erp.day')::date, 5);
CREATE VIEW public.bucket AS SELECT * FROM public.invoice WHERE dunning.in_aging_bucket(due_on, current_setting('erp.day')::date, 2,
	'10,20,30');
CREATE VIEW public.constant_bucket AS SELECT * FROM public.invoice WHERE dunning.in_aging_bucket(due_on, '2026-02-01', 2, '10,20,30');
CREATE VIEW public.item AS SELECT dunning.item_key(id) AS item, dunning.item_key(code) AS code, amount FROM public.invoice;
CREATE VIEW public.key_of_seven AS SELECT r.item FROM public.reminded AS r WHERE r.item = '7';
CREATE VIEW public.item_reminded AS SELECT i.amount FROM public.reminded AS r JOIN public.invoice AS i ON r.item = dunning.item_key(i.id);
GRANT SELECT ON ALL TABLES IN SCHEMA public TO dunning_outsider;
SET LOCAL erp.day = '2026-02-01';

CREATE FUNCTION pg_temp.answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE query INTO answer;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		plan := plan || line || E'\n';
	END LOOP;
	RETURN plan;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

-- what he would like to be called in the place of ours
CREATE FUNCTION pg_temp.overdue_before(date, integer) RETURNS date LANGUAGE sql IMMUTABLE AS $$ SELECT 'infinity'::date $$;
CREATE FUNCTION pg_temp.aging_bucket_from(date, integer, dunning.aging_scheme) RETURNS date LANGUAGE sql IMMUTABLE
	AS $$ SELECT '-infinity'::date $$;
CREATE FUNCTION pg_temp.aging_bucket_to(date, integer, dunning.aging_scheme) RETURNS date LANGUAGE sql IMMUTABLE
	AS $$ SELECT 'infinity'::date $$;
CREATE FUNCTION pg_temp.item_key_bigint(dunning.item_key) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT 1::bigint $$;
CREATE FUNCTION pg_temp.item_key_numeric(dunning.item_key) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT 1::numeric $$;
SET LOCAL search_path = pg_temp, public, pg_catalog;
SET LOCAL ROLE dunning_outsider;

SELECT is(pg_temp.answer('SELECT dunning.today()'), '42501: permission denied for schema dunning', 'the schema is closed');
SELECT is(pg_temp.answer(query), answer, 'answered: ' || query)
FROM (VALUES
	('SELECT count(*) FROM public.overdue', '26'),
	('SELECT count(*) FROM public.overdue_with_grace', '26'),
	('SELECT count(*) FROM public.overdue_on', '26'),
	('SELECT count(*) || to_char(min(due_on), '' YYYY-MM-DD'') || to_char(max(due_on), '' YYYY-MM-DD'') FROM public.bucket', '10 2026-01-12 2026-01-21'),
	('SELECT count(*) || to_char(min(due_on), '' YYYY-MM-DD'') || to_char(max(due_on), '' YYYY-MM-DD'') FROM public.constant_bucket', '10 2026-01-12 2026-01-21'),
	('SELECT amount FROM public.item WHERE item = ''42''', '42'),
	('SELECT amount FROM public.item WHERE code = ''42''', '42'),
	('SELECT amount FROM public.item WHERE item = (SELECT k.item FROM public.key_of_seven AS k)', '7'),
	('SELECT sum(i.amount) FROM public.item AS i JOIN public.reminded AS r ON i.item = r.item', '49'),
	('SELECT sum(i.amount) FROM public.item AS i JOIN public.reminded AS r ON i.code = r.item', '49'),
	('SELECT sum(amount) FROM public.item_reminded', '49')) AS v (query, answer);
SELECT matches(pg_temp.plan('SELECT * FROM ' || relation), 'Index Cond: .*due_on', 'by the index: ' || relation)
FROM unnest(ARRAY['public.overdue_on', 'public.bucket', 'public.constant_bucket']) AS relation;
SELECT matches(pg_temp.plan('SELECT amount FROM public.item WHERE code = ''42'''), 'Index Cond: .*code = ''42''',
	'by the index of the key');

-- rights on the function that is put in the place of ours are not needed either
RESET ROLE;
SET LOCAL search_path = public;
REVOKE EXECUTE ON FUNCTION dunning.overdue_before(date, integer), dunning.aging_bucket_from(date, integer, dunning.aging_scheme), _dunning.item_key_bigint(dunning.item_key) FROM PUBLIC;
SET LOCAL ROLE dunning_outsider;
SELECT is(pg_temp.answer(query), answer, 'answered without the function inside: ' || query)
FROM (VALUES
	('SELECT count(*) FROM public.overdue_on', '26'),
	('SELECT count(*) FROM public.bucket', '10'),
	('SELECT sum(i.amount) FROM public.item AS i JOIN public.reminded AS r ON i.item = r.item', '49')) AS v (query, answer);
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
