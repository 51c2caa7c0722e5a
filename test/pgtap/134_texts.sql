-- Whatever takes a value of ours, or a key, takes a column of varchar.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();

-- functions that have no form, and why
CREATE TEMP TABLE exception (name text PRIMARY KEY, reason text NOT NULL);
INSERT INTO exception VALUES ('to_jsonb', 'is there for several types, so that a text says nothing'),
	('rate_history', 'is a constructor, and a text of a column is cast'), ('penalty_rule', 'is a constructor, and a text of a column is cast');
CREATE TEMP VIEW taken AS
	SELECT p.oid, p.proname, p.oid::regprocedure::text AS signature, p.pronargs, p.proargtypes, array_agg(a.n ORDER BY a.n) AS places
	FROM pg_proc AS p
	CROSS JOIN LATERAL generate_series(0, p.pronargs - 1) AS a (n)
	WHERE p.pronamespace = 'dunning'::regnamespace AND p.prokind = 'f'
		AND p.proargtypes[a.n] IN ('dunning.aging_scheme'::regtype, 'dunning.rate_history'::regtype, 'dunning.penalty_rule'::regtype, 'dunning.dunning_procedure'::regtype,
			'dunning.calendar'::regtype, 'dunning.payment_terms'::regtype, 'dunning.item_key'::regtype)
	GROUP BY p.oid;
-- A call with columns, of which some are of varchar: resolved, or the error
CREATE FUNCTION pg_temp.resolves(f oid, varchars integer[]) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('PREPARE resolved AS SELECT FROM (SELECT %s) AS t (%s) CROSS JOIN LATERAL (SELECT dunning.%I(%s)) AS c',
		(SELECT string_agg(format('NULL::%s', CASE WHEN n = ANY (varchars) THEN 'varchar' ELSE p.proargtypes[n]::regtype::text END), ', ' ORDER BY n) FROM generate_series(0, p.pronargs - 1) AS n),
		(SELECT string_agg('c' || n, ', ' ORDER BY n) FROM generate_series(0, p.pronargs - 1) AS n), p.proname,
		(SELECT string_agg('c' || n, ', ' ORDER BY n) FROM generate_series(0, p.pronargs - 1) AS n)) FROM pg_proc AS p WHERE p.oid = f;
	DEALLOCATE resolved;
	RETURN 'resolved';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLERRM;
END $$;
SELECT cmp_ok((SELECT count(*) FROM taken), '>', 60::bigint, 'functions are there');
SELECT is(pg_temp.resolves(t.oid, t.places), 'resolved', 'all of them varchar: ' || t.signature) FROM taken AS t WHERE t.proname NOT IN (SELECT name FROM exception) ORDER BY t.signature;
SELECT is(pg_temp.resolves(t.oid, ARRAY[p]), 'resolved', format('argument %s varchar: %s', p + 1, t.signature))
FROM taken AS t CROSS JOIN LATERAL unnest(t.places) AS p WHERE cardinality(t.places) > 1 AND t.proname NOT IN (SELECT name FROM exception) ORDER BY t.signature, p;

-- a list of keys is bound as an array of texts
CREATE FUNCTION pg_temp.takes(f oid, place integer, type text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE (SELECT format('PREPARE resolved AS SELECT dunning.%I(%s)', p.proname, string_agg(CASE WHEN n = place THEN format('ARRAY[''1'', ''2'']::%s', type) ELSE format('NULL::%s', p.proargtypes[n]::regtype) END, ', ' ORDER BY n))
		FROM pg_proc AS p CROSS JOIN generate_series(0, p.pronargs - 1) AS n WHERE p.oid = f GROUP BY p.oid);
	DEALLOCATE resolved;
	RETURN 'resolved';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLERRM;
END $$;
SELECT is(pg_temp.takes(p.oid, n, t.type), 'resolved', format('%s: keys as %s', p.oid::regprocedure, t.type))
FROM pg_proc AS p CROSS JOIN LATERAL generate_series(0, p.pronargs - 1) AS n CROSS JOIN (VALUES ('text[]'), ('varchar[]')) AS t (type)
WHERE p.pronamespace = 'dunning'::regnamespace AND p.prokind = 'f' AND p.proargtypes[n] = 'dunning.item_key[]'::regtype ORDER BY p.oid::regprocedure::text, t.type;
SELECT is(ARRAY['1814', NULL, 'a "b", c']::text[]::dunning.item_key[], ARRAY['1814'::dunning.item_key, NULL, 'a "b", c'], 'the keys are the texts');

-- a form answers as its function does, and says so if it cannot read the text
CREATE TEMP TABLE value (procedure varchar, calendar varchar, rule varchar, rates varchar, terms varchar, scheme varchar);
INSERT INTO value VALUES ('5 email; 15 letter; wait 3', 'sat sun; 12-25', '10%; grace 2; compensation 40.00 EUR', '{2026-01-01: 5}', '30% on order; balance net 60', '30,60');
SELECT is((SELECT (d).step || ' ' || (d).channel || ' ' || (d).step_on FROM value, dunning.decide(procedure, '2026-01-01', '2026-01-04') AS d), '5 email 2026-01-06', 'decide');
SELECT is((SELECT (d).step_on FROM value, dunning.decide(procedure, '2026-01-01', '2026-01-04', NULL, NULL, NULL, calendar) AS d), date '2026-01-06', 'with a calendar');
SELECT is((SELECT count(*) FROM value, dunning.replay(procedure, '2026-01-01', '2026-01-01', '2026-02-28')), 2::bigint, 'replay');
SELECT is((SELECT string_agg(s.channel, ' ' ORDER BY s.level) FROM value, dunning.steps(procedure) AS s), 'email letter', 'steps');
SELECT is((SELECT (dunning.assess(1000, NULL, '2026-01-01', '2026-02-01', rule)).compensation FROM value), 40.00, 'assess');
SELECT is((SELECT dunning.rate_on(rates, '2026-03-01') FROM value), 5::numeric, 'rate_on');
SELECT is((SELECT dunning.with_rates(rule, rates)::text FROM value), (SELECT dunning.with_rates(rule::dunning.penalty_rule, rates::dunning.rate_history)::text FROM value), 'with_rates');
SELECT is((SELECT string_agg(p.rule, '; ' ORDER BY p.n) FROM value, dunning.terms_parts(terms) AS p), (SELECT string_agg(p.rule, '; ' ORDER BY p.n) FROM value, dunning.terms_parts(terms::dunning.payment_terms) AS p), 'terms_parts');
SELECT is((SELECT dunning.is_business_day('2026-12-25', calendar) FROM value), false, 'is_business_day');
SELECT is((SELECT count(*) FROM value, dunning.aging_buckets(scheme)), (SELECT count(*) FROM value, dunning.aging_buckets(scheme::dunning.aging_scheme)), 'aging_buckets');
SELECT throws_ok('SELECT dunning.steps(''5 email; nonsense''::varchar)', '22P02', NULL, 'a text that is not understood');
-- A constant text is planned as its value; one that comes from a row is read there.
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		plan := plan || line || E'\n';
	END LOOP;
	RETURN plan;
END $$;
SELECT matches(pg_temp.plan_of($$SELECT dunning.due_date(current_date + g, '10 days') FROM generate_series(1, 2) AS t (g)$$), '''net 10''::dunning\.payment_terms', 'terms');
SELECT matches(pg_temp.plan_of($$SELECT dunning.late_interest(g, '2026-01-01', '2026-02-01', '10.5%') FROM generate_series(1::numeric, 2) AS t (g)$$), '''10\.50%''::dunning\.penalty_rule', 'a rule');
SELECT matches(pg_temp.plan_of($$SELECT dunning.aging_bucket(current_date, '2026-02-01', '30,60,' || g) FROM generate_series(90, 91) AS t (g)$$), '''30,60,''::text \|\|', 'a text of a row');
SELECT throws_ok($$SELECT dunning.due_date(current_date, 'on Saint Glinglin''s') WHERE false$$, '22P02', NULL, 'a constant that is not understood is an error where no row is');
SELECT is((SELECT (dunning.decide(NULL::varchar, '2026-01-01', '2026-01-04')).state), (SELECT (dunning.decide(NULL::dunning.dunning_procedure, '2026-01-01', '2026-01-04')).state), 'NULL is NULL');

SELECT * FROM finish();
ROLLBACK;
