-- Keys of any column type, and how a look-up by key reaches the native index.
-- The schema of the extension is never in the search path.
SET client_min_messages = warning;
CREATE SCHEMA item_key_test;
SET search_path = item_key_test, public;

--
-- The type
--

-- Input and output are those of text; only bytes count.
SELECT dunning.item_key '42' AS a, dunning.item_key ' 42 ' AS b, dunning.item_key '' AS c, dunning.item_key 'A' = dunning.item_key 'a' AS d;
SELECT dunning.item_key '42' = '42' AS eq, dunning.item_key '42' <> '042' AS ne,
	dunning.item_key '10' < '9' AS lt, dunning.item_key 'B' < 'a' AS upper_first, dunning.item_key 'a' < 'a ' AS shorter_first,
	dunning.item_key 'a' <= 'a' AS le, dunning.item_key 'b' > 'a' AS gt, dunning.item_key 'a' >= 'b' AS ge,
	dunning.item_key '42' = NULL AS with_null;
SELECT typcategory, typispreferred, typcollation, typstorage FROM pg_catalog.pg_type WHERE oid = 'dunning.item_key'::regtype;

-- The operator classes are whole, and both are the default.
SELECT am.amname, opc.opcname, opc.opcdefault, pg_catalog.amvalidate(opc.oid)
FROM pg_catalog.pg_opclass opc
JOIN pg_catalog.pg_am am ON am.oid = opc.opcmethod
WHERE opc.opcintype = 'dunning.item_key'::regtype
ORDER BY am.amname;
-- All operators are where every search path finds them.
SELECT o.oprname, o.oprnamespace::regnamespace, com.oprname AS commutator, neg.oprname AS negator,
	o.oprcanhash, o.oprcanmerge, o.oprrest, o.oprjoin
FROM pg_catalog.pg_operator o
JOIN pg_catalog.pg_operator com ON com.oid = o.oprcom
JOIN pg_catalog.pg_operator neg ON neg.oid = o.oprnegate
WHERE o.oprleft = 'dunning.item_key'::regtype AND o.oprright = 'dunning.item_key'::regtype
ORDER BY o.oprname COLLATE "C";
SELECT o.oprname, o.key_left, o.oprnamespace::regnamespace, string_agg(t.typname, ' ' ORDER BY t.typname COLLATE "C") AS natives,
	bool_and(com.oprname = o.oprname AND com.oprleft = o.oprright AND com.oprright = o.oprleft AND com.oprcom = o.oid) AS commutators,
	bool_and(neg.oprname <> o.oprname AND neg.oprleft = o.oprleft AND neg.oprright = o.oprright AND neg.oprnegate = o.oid) AS negators
FROM (SELECT *, oprleft = 'dunning.item_key'::regtype AS key_left FROM pg_catalog.pg_operator
	WHERE 'dunning.item_key'::regtype IN (oprleft, oprright) AND oprleft <> oprright) o
JOIN pg_catalog.pg_operator com ON com.oid = o.oprcom
JOIN pg_catalog.pg_operator neg ON neg.oid = o.oprnegate
JOIN pg_catalog.pg_type t ON t.oid = CASE WHEN o.key_left THEN o.oprright ELSE o.oprleft END
GROUP BY 1, 2, 3 ORDER BY o.oprname COLLATE "C", 2;

-- Order and hash against the server's own for text.
CREATE TABLE random_key (t text, k dunning.item_key);
SELECT setseed(0.42);
INSERT INTO random_key (t)
SELECT substr('aAbB10 -.', 1 + (random() * 8)::int, (random() * 3)::int) || (random() * 50)::int
FROM generate_series(1, 500);
INSERT INTO random_key VALUES (''), (' '), (NULL), (repeat('long', 10000));
UPDATE random_key SET k = t;
SELECT count(*) AS wrong_hashes FROM random_key
WHERE _dunning.item_key_hash(k) <> hashtext(t COLLATE "C")
	OR _dunning.item_key_hash_extended(k, 7) <> hashtextextended(t COLLATE "C", 7);
SELECT array_agg(k ORDER BY k)::text = array_agg(t ORDER BY t COLLATE "C")::text AS sorted FROM random_key;
SELECT count(*) AS wrong_order FROM random_key a, random_key b
WHERE (a.k < b.k) IS DISTINCT FROM (a.t COLLATE "C" < b.t COLLATE "C")
	OR (a.k <= b.k) IS DISTINCT FROM (a.t COLLATE "C" <= b.t COLLATE "C")
	OR (a.k > b.k) IS DISTINCT FROM (a.t COLLATE "C" > b.t COLLATE "C")
	OR (a.k >= b.k) IS DISTINCT FROM (a.t COLLATE "C" >= b.t COLLATE "C")
	OR (a.k = b.k) IS DISTINCT FROM (a.t COLLATE "C" = b.t COLLATE "C")
	OR (a.k <> b.k) IS DISTINCT FROM (a.t COLLATE "C" <> b.t COLLATE "C")
	OR sign(_dunning.item_key_cmp(a.k, b.k)) IS DISTINCT FROM
		CASE WHEN a.t COLLATE "C" < b.t THEN -1 WHEN a.t COLLATE "C" > b.t THEN 1 WHEN a.t IS NOT NULL AND b.t IS NOT NULL THEN 0 END;
-- a join of each kind counts the same
CREATE FUNCTION join_count(method text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	PERFORM set_config('enable_' || m, (m = method)::text, true)
	FROM unnest('{hashjoin,mergejoin,nestloop}'::text[]) m;
	SELECT count(*) INTO n FROM item_key_test.random_key a JOIN item_key_test.random_key b ON a.k = b.k;
	RETURN n;
END $$;
SELECT m, join_count(m) = (SELECT sum(n * n) FROM (SELECT count(*) AS n FROM random_key WHERE t IS NOT NULL GROUP BY t COLLATE "C") c) AS same
FROM unnest('{hashjoin,mergejoin,nestloop}'::text[]) m;
SELECT (SELECT count(*) FROM (SELECT DISTINCT k FROM random_key) d) =
	(SELECT count(*) FROM (SELECT DISTINCT t COLLATE "C" FROM random_key) d) AS distinct_keys;
CREATE INDEX random_key_btree ON random_key (k);
CREATE INDEX random_key_hash ON random_key USING hash (k);

-- Binary form: that of text, and as distrustful.
SELECT _dunning.item_key_send('42'), _dunning.item_key_send('x') = textsend('x') AS as_text;
COPY random_key (k) TO PROGRAM 'cat >item_key_test.bin' (FORMAT binary);
CREATE TABLE copied (k dunning.item_key, n int GENERATED ALWAYS AS IDENTITY);
COPY copied (k) FROM PROGRAM 'cat item_key_test.bin && rm item_key_test.bin' (FORMAT binary);
SELECT count(*) AS copied FROM copied;
SELECT count(*) AS lost FROM (
	(SELECT k FROM random_key EXCEPT ALL SELECT k FROM copied) UNION ALL
	(SELECT k FROM copied EXCEPT ALL SELECT k FROM random_key)) d;
\set VERBOSITY sqlstate
COPY (SELECT '\x6100'::bytea) TO PROGRAM 'cat >item_key_test.bin' (FORMAT binary);
COPY copied (k) FROM PROGRAM 'cat item_key_test.bin && rm item_key_test.bin' (FORMAT binary);
\set VERBOSITY default

--
-- Conversions
--

SELECT dunning.item_key(42::bigint) AS i8, dunning.item_key(42::integer) AS i4, dunning.item_key(42::smallint) AS i2,
	dunning.item_key(42.00::numeric) AS n, dunning.item_key('42'::text) AS t, dunning.item_key('42'::varchar(5)) AS vc,
	dunning.item_key('42'::character(5)) AS c, dunning.item_key('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid) AS u;
SELECT dunning.item_key((-9223372036854775808)::bigint) AS i8_least, dunning.item_key(9223372036854775807) AS i8_most,
	dunning.item_key((-2147483648)::integer) AS i4_least, dunning.item_key((-32768)::smallint) AS i2_least, dunning.item_key(0) AS zero;
SELECT n, dunning.item_key(n) FROM unnest('{0,0.00,-0.0,42,42.50,-42.500,0.001,1e10,100.00,NaN,Infinity,-Infinity}'::numeric[]) n;
SELECT '"' || dunning.item_key('a b  '::character(8)) || '"' AS c, '"' || dunning.item_key(''::character(8)) || '"' AS blank,
	'"' || dunning.item_key(' a '::text) || '"' AS t;
SELECT dunning.item_key(NULL::bigint) IS NULL AND dunning.item_key(NULL::text) IS NULL AS strict;
-- domains, and columns of them
CREATE DOMAIN doc_no AS bigint CHECK (value > 0);
CREATE DOMAIN doc_code AS varchar(10);
SELECT dunning.item_key(42::doc_no) AS a, 42::doc_no::dunning.item_key AS b, dunning.item_key('x'::doc_code) AS c;

-- And back: only what a conversion writes.
SELECT _dunning.item_key_bigint('42') AS a, _dunning.item_key_bigint('-9223372036854775808') AS b, _dunning.item_key_numeric('42.5') AS c,
	_dunning.item_key_uuid('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11') AS d, '"' || _dunning.item_key_character('x') || '"' AS e;
SELECT '"' || k || '"' AS key, _dunning.item_key_bigint(k) AS bigint, _dunning.item_key_numeric(k) AS numeric,
	_dunning.item_key_character(k) IS NOT NULL AS character, _dunning.item_key_uuid(k) IS NOT NULL AS uuid
FROM unnest(ARRAY['0', '-0', '+1', '1', '-1', '-', '', ' ', '042', '00', '-042', ' 42', '42 ', '42x', '4 2', E'42\n',
	'9223372036854775807', '9223372036854775808', '-9223372036854775808', '-9223372036854775809',
	'18446744073709551658', '99999999999999999999', '0x2a', '4_2', '1e2',
	'42.0', '42.', '.5', '0.5', '-0.5', '-0.0', '00.5', '0.50', '1.2.3', '1.-2', '--1', '-.5', '.', '-.',
	'NaN', 'nan', '-NaN', 'Infinity', '-Infinity', '+Infinity', 'inf', 'infinity',
	'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
	'a0eebc999c0b4ef8bb6d6bb9bd380a11', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}',
	'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 ',
	'a0eebc999-c0b-4ef8-bb6d-6bb9bd380a11', 'g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']::dunning.item_key[]) k;
-- the largest numerics, and keys beyond them
SELECT _dunning.item_key_numeric(repeat('9', 131072)::dunning.item_key) = repeat('9', 131072)::numeric AS before,
	_dunning.item_key_numeric(repeat('9', 131073)::dunning.item_key) IS NULL AS beyond,
	_dunning.item_key_numeric(('0.' || repeat('0', 16382) || '1')::dunning.item_key) = ('0.' || repeat('0', 16382) || '1')::numeric AS after,
	_dunning.item_key_numeric(('0.' || repeat('0', 16383) || '1')::dunning.item_key) IS NULL AS below;

-- Casts, and what they must not disturb.
SELECT CASE WHEN c.castsource = 'dunning.item_key'::regtype THEN 'to ' || c.casttarget::regtype::text
		ELSE 'from ' || c.castsource::regtype::text END AS way,
	c.castcontext, c.castmethod
FROM pg_catalog.pg_cast c
WHERE 'dunning.item_key'::regtype IN (c.castsource, c.casttarget)
ORDER BY c.castsource, c.casttarget;
CREATE TABLE native (i2 smallint, i4 integer, i8 bigint, n numeric, t text, vc varchar, c character(5), u uuid, k dunning.item_key);
INSERT INTO native VALUES (42, 42, 42, 42.0, '42', '42', '42', NULL, '42');
SELECT k = i2 AS i2, k = i4 AS i4, k = i8 AS i8, k = n AS n, k = t AS t, k = vc AS vc, k = c AS c,
	k = u AS u, k = 42 AS int_literal, k = 42.00 AS numeric_literal, k = '42' AS literal FROM native;
SELECT i2 = k AS i2, i4 = k AS i4, i8 = k AS i8, n = k AS n, t = k AS t, vc = k AS vc, c = k AS c, u = k AS u,
	42 = k AS int_literal, '42' = k AS literal FROM native;
SELECT k <> i2 AS i2, k <> i4 AS i4, k <> i8 AS i8, k <> n AS n, k <> t AS t, k <> vc AS vc, k <> c AS c, k <> u AS u,
	42 <> k AS int_literal, 43.0 <> k AS numeric_literal FROM native;
SELECT i2 <> k AS i2, i4 <> k AS i4, i8 <> k AS i8, n <> k AS n, t <> k AS t, vc <> k AS vc, c <> k AS c, u <> k AS u FROM native;
-- forms that are not inlined, and those that look for = themselves
SELECT k IS DISTINCT FROM 42 AS "distinct", k IS NOT DISTINCT FROM t AS not_distinct, nullif(k, 42) AS "nullif",
	CASE k WHEN 41 THEN 'no' WHEN 42 THEN 'yes' END AS "case",
	(t, k) = ('42', '42') AS row_literal, (t, k) IN (SELECT t, dunning.item_key(i4)) AS row_key
FROM native;
SELECT k = ANY ('{1,42}'::bigint[]) AS any_bigint, k = ANY ('{1,42}'::text[]) AS any_text, k = ANY ('{1,42}') AS any_literal,
	k <> ALL ('{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'::uuid[]) AS all_uuid, k IN (1, 42) AS in_numbers, k IN ('1', '42') AS in_literals,
	k IN ('1', 42::bigint, t) AS in_mixed, k NOT IN (1, 42) AS not_in
FROM native;
-- one reading each: domains, the string types, NULL
CREATE TYPE doc_kind AS ENUM ('42', 'x');
CREATE TABLE other (no doc_no, code doc_code, kind doc_kind, label name, letter "char", o oid, b boolean, d date, f float8, k dunning.item_key);
INSERT INTO other VALUES (42, '42', '42', '42', '4', 42, true, '2026-01-01', 42, '42');
SELECT k = no AS domain_bigint, no = k AS domain_left, k = code AS domain_varchar, k = label AS name, letter <> k AS "char",
	k = kind::text AS enum_text, k = NULL AS "null", NULL <> k AS null_left, k = NULL::integer AS null_integer,
	no = '42' AS domain_literal, code = '42' AS code_literal, kind = '42' AS enum_literal, label = '42' AS name_literal FROM other;
-- and none for types that have no canonical text, nor an order against a native value
CREATE FUNCTION state(expression text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'SELECT ' || expression || ' FROM item_key_test.native AS v, item_key_test.other AS w LIMIT 0';
	RETURN 'valid';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT e, state(e) FROM unnest('{v.k = w.kind,v.k = w.b,v.k = w.d,v.k = w.f,v.k = w.o,v.k < v.i4,v.t >= v.k,
	dunning.item_key(w.kind),w.d::dunning.item_key,v.k::bigint,v.k::varchar}'::text[]) e;

-- in a comparison of rows a key stands against a key or a literal
SELECT e, state(e) FROM unnest('{"(v.t, v.k) = (''x'', 42)","(v.t, v.k) IN (SELECT t, i8 FROM item_key_test.native)",
	"(v.t, v.k) = (''x'', ''42'')","(v.t, v.k) = (''x'', 42::dunning.item_key)"}'::text[]) e;

-- No other comparison of the database is ours: a number and a text cannot be
-- compared, and what can be means what it meant.
SELECT e, state(e) FROM unnest('{v.i4 = v.t,v.t = v.i4,v.i2 = v.t,v.i8 = v.vc,v.i8 <> v.c,v.n = v.t,v.u = v.t,v.t = v.u,v.i8 = v.u,
	v.i4 < v.t,v.i4 = w.label,w.no = w.code,w.kind = v.t,w.f = v.t,w.d = v.t,w.b = v.i4}'::text[]) e;
CREATE VIEW others_0 AS
SELECT i2 = i4 AS a, i4 = n AS b, i2 = n AS c, i8 = 42 AS d, i8 = '42' AS e, t = vc AS f, t = c AS g, vc = vc AS h, vc = c AS i,
	c = 'x' AS j, n = '42' AS k, u = '00000000-0000-0000-0000-000000000000' AS l, '1' = '1' AS m, NULL = NULL AS n,
	i2 = '42' AS o, '42' = i4 AS p, vc = '42' AS q, '42' <> t AS r, t = NULL AS s, NULL = i8 AS t FROM native;
SELECT * FROM others_0;
-- every pair of such types, and of one and a literal; among them types of
-- somebody else that have no operators but are native ones implicitly
CREATE FUNCTION foreign_type(name text, native text, category text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TYPE %1$s;
		CREATE FUNCTION %1$s_in(cstring) RETURNS %1$s LANGUAGE internal IMMUTABLE STRICT AS ''textin'';
		CREATE FUNCTION %1$s_out(%1$s) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS ''textout'';
		CREATE TYPE %1$s (INPUT = %1$s_in, OUTPUT = %1$s_out, LIKE = text, CATEGORY = %3$L);
		CREATE CAST (%1$s AS %2$s) WITH INOUT AS IMPLICIT', name, native, category);
	RETURN name;
END $$;
SELECT c AS category, string_agg(foreign_type('my_' || t || '_' || c, t, c), ' ') AS types
FROM unnest('{int2,int4,int8,numeric,text,uuid}'::text[]) t, unnest('{u,N}'::text[]) c
WHERE c = 'N' OR t IN ('int4', 'text') GROUP BY c ORDER BY c COLLATE "C";
DO $$
DECLARE
	comparison text;
	columns text[] := '{}';
BEGIN
	FOR comparison IN
		WITH operand AS (
			SELECT 'NULL::' || oid::regtype AS side FROM pg_catalog.pg_type
			WHERE typname ~ '^(my_[^_]*_.|doc_.*|int[248]|numeric|text|varchar|bpchar|uuid|name|oid|regclass|float8)$'
				AND typnamespace IN ('pg_catalog'::regnamespace, 'item_key_test'::regnamespace)
			UNION ALL SELECT '''42''')
		SELECT l.side || op || r.side FROM operand l, operand r, unnest('{" = "," <> "}'::text[]) op
	LOOP
		IF item_key_test.state(comparison) = 'valid' THEN
			columns := columns || comparison;
		END IF;
	END LOOP;
	EXECUTE (SELECT 'CREATE VIEW item_key_test.others_1 AS SELECT ' || string_agg(format('%s AS c%s', c, n), ', ')
		FROM unnest(columns) WITH ORDINALITY AS u (c, n));
END $$;
CREATE VIEW ours AS SELECT k = i4 AS equal FROM native;
SELECT v.relname, v.relnatts > 200 AS many, array_agg(d.refobjid::regoperator) FILTER (WHERE d.refobjid IS NOT NULL) AS our_operators
FROM pg_catalog.pg_class v
JOIN pg_catalog.pg_rewrite r ON r.ev_class = v.oid
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_operator'::regclass
WHERE v.oid IN ('others_0'::regclass, 'others_1'::regclass, 'ours'::regclass)
GROUP BY 1, 2 ORDER BY 1;
SELECT pg_get_viewdef('ours') ~ '\((native\.)?k = (native\.)?i4\)' AS as_written;

-- The functions behind the comparisons of two types are inlined, all of them.
CREATE FUNCTION output(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE p jsonb;
BEGIN
	EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) SELECT ' || expression || ' FROM item_key_test.native' INTO p;
	RETURN p #>> '{0,Plan,Output,0}';
END $$;
SELECT count(*) AS comparisons, count(*) FILTER (WHERE output(e) = '(' || e || ')') AS left_as_they_are
FROM unnest('{i2,i4,i8,n,t,c,u}'::text[]) c, unnest('{=,<>}'::text[]) op,
	LATERAL (VALUES (format('k %s %s', op, c)), (format('%s %s k', c, op))) v (e);
SELECT output('k <> i4') AS key_left, output('u <> k') AS key_right, output('k <> vc') AS varchar, output('k <> 42') AS constant,
	output('k < k') AS as_it_is;

SELECT k::text || '!' AS to_text, k::text LIKE '4%' AS pattern FROM native;
CREATE TABLE assigned (t text);
INSERT INTO assigned SELECT k FROM native RETURNING t;

--
-- The simplified comparison answers as the plain one
--

-- Every pair of a native value and a key, and of two native values, compared
-- as columns and as constants; the reference is the comparison of the texts.
CREATE TABLE text_form (type text, form text);
INSERT INTO text_form VALUES
	('bigint', 'n::text'), ('integer', 'n::text'), ('smallint', 'n::text'), ('numeric', 'trim_scale(n)::text'),
	('text', 'n'), ('character varying(12)', 'n::text'), ('character(12)', 'n::text'), ('uuid', 'n::text');
CREATE TABLE sample (e dunning.item_key);
INSERT INTO sample
SELECT unnest('{0,-0,+1,1,-1,042,42,42.0,42.5,-42.5,.5,0.5,1e3,1000,32767,32768,-32768,-32769,2147483647,2147483648,
	-2147483648,-2147483649,9223372036854775807,9223372036854775808,-9223372036854775808,-9223372036854775809,
	NaN,nan,Infinity,-Infinity,x,X,"x "," x","",a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11,
	00000000-0000-0000-0000-000000000000,NULL}'::dunning.item_key[]);
INSERT INTO sample
SELECT (ARRAY['', '-', '0', ' '])[1 + (random() * 3)::int] || (random() * 20)::int || (ARRAY['', '.5', '.0', ' '])[1 + (random() * 3)::int]
FROM generate_series(1, 40);

CREATE FUNCTION compare_all(type text, form text) RETURNS TABLE (pairs bigint, equal bigint, wrong bigint, wrong_constants bigint)
LANGUAGE plpgsql AS $$
DECLARE
	v record;
	bad bigint;
BEGIN
	EXECUTE format('CREATE TABLE item_key_test.value (n %s)', type);
	FOR v IN SELECT e::text AS e FROM item_key_test.sample LOOP
		BEGIN
			EXECUTE format('INSERT INTO item_key_test.value VALUES (%L)', v.e);
		EXCEPTION WHEN data_exception THEN NULL;
		END;
	END LOOP;
	EXECUTE 'CREATE TABLE item_key_test.pair AS SELECT n, e, r = e::text COLLATE "C" AS reference FROM
		(SELECT n, (' || form || ') COLLATE "C" AS r FROM item_key_test.value) v, item_key_test.sample';

	-- in a SELECT list, under NOT, in CASE, in WHERE, and all that the other way round
	SELECT count(*), count(*) FILTER (WHERE reference),
		count(*) FILTER (WHERE
			(dunning.item_key(n) = e) IS DISTINCT FROM reference OR
			(e = dunning.item_key(n)) IS DISTINCT FROM reference OR
			(NOT dunning.item_key(n) = e) IS DISTINCT FROM (NOT reference) OR
			(dunning.item_key(n) <> e) IS DISTINCT FROM (NOT reference) OR
			CASE WHEN dunning.item_key(n) = e THEN 1 WHEN NOT (dunning.item_key(n) = e) THEN 2 ELSE 3 END <>
			CASE WHEN reference THEN 1 WHEN NOT reference THEN 2 ELSE 3 END OR
			(n::dunning.item_key = e) IS DISTINCT FROM reference OR
			(n = e) IS DISTINCT FROM reference OR
			(e = n) IS DISTINCT FROM reference OR
			(n <> e) IS DISTINCT FROM (NOT reference) OR
			(NOT e <> n) IS DISTINCT FROM reference)
	INTO pairs, equal, wrong FROM item_key_test.pair;
	SELECT wrong + abs(count(*) - equal) INTO wrong FROM item_key_test.pair WHERE dunning.item_key(n) = e;
	SELECT wrong + abs(count(*) - (SELECT count(*) FROM item_key_test.pair WHERE NOT reference))
	INTO wrong FROM item_key_test.pair WHERE NOT (e = dunning.item_key(n));
	SELECT wrong + abs(count(*) - equal) INTO wrong FROM item_key_test.pair WHERE e = n;
	SELECT wrong + abs(count(*) - (SELECT count(*) FROM item_key_test.pair WHERE NOT reference))
	INTO wrong FROM item_key_test.pair WHERE n <> e;

	wrong_constants := 0;
	FOR v IN SELECT DISTINCT e::text AS e FROM item_key_test.sample LOOP
		EXECUTE format('SELECT count(*) FILTER (WHERE
				(dunning.item_key(n) = %1$L) IS DISTINCT FROM reference OR
				(%1$L = dunning.item_key(n)) IS DISTINCT FROM reference OR
				(NOT %1$L = dunning.item_key(n)) IS DISTINCT FROM (NOT reference) OR
				CASE WHEN dunning.item_key(n) = %1$L THEN 1 WHEN NOT (dunning.item_key(n) = %1$L) THEN 2 ELSE 3 END <>
				CASE WHEN reference THEN 1 WHEN NOT reference THEN 2 ELSE 3 END)
			+ abs((SELECT count(*) FROM item_key_test.pair WHERE dunning.item_key(n) = %1$L AND e IS NOT DISTINCT FROM %1$L)
				- count(*) FILTER (WHERE reference))
			+ abs((SELECT count(*) FROM item_key_test.pair WHERE NOT (dunning.item_key(n) = %1$L) AND e IS NOT DISTINCT FROM %1$L)
				- count(*) FILTER (WHERE NOT reference))
			FROM item_key_test.pair WHERE e IS NOT DISTINCT FROM %1$L', v.e) INTO bad;
		wrong_constants := wrong_constants + bad;
	END LOOP;
	DROP TABLE item_key_test.value, item_key_test.pair;
	RETURN NEXT;
END $$;
SELECT f.type, c.pairs > 300 AS many, c.equal > 1 AS some_equal, c.wrong, c.wrong_constants
FROM text_form f, compare_all(f.type, f.form) c ORDER BY f.type COLLATE "C";

-- Two native columns, of each pair of types.
CREATE FUNCTION compare_natives(type text, form text, type2 text, form2 text) RETURNS TABLE (equal bigint, wrong bigint)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE item_key_test.a (n %s); CREATE TABLE item_key_test.b (m %s)', type, type2);
	INSERT INTO item_key_test.a VALUES (NULL);
	INSERT INTO item_key_test.b VALUES (NULL);
	IF type <> 'uuid' THEN INSERT INTO item_key_test.a VALUES ('1'), ('42'), ('-7'); END IF;
	IF type2 <> 'uuid' THEN INSERT INTO item_key_test.b VALUES ('1'), ('42'), ('-7'); END IF;
	IF type ~ 'numeric|char|text' THEN INSERT INTO item_key_test.a VALUES ('42.00'), ('NaN'); END IF;
	IF type2 ~ 'numeric|char|text' THEN INSERT INTO item_key_test.b VALUES ('42.00'), ('NaN'); END IF;
	IF type ~ 'uuid|text' THEN INSERT INTO item_key_test.a VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'); END IF;
	IF type2 ~ 'uuid|text' THEN INSERT INTO item_key_test.b VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'); END IF;
	ANALYZE item_key_test.a, item_key_test.b;
	EXECUTE 'SELECT count(*) FILTER (WHERE reference),
			count(*) FILTER (WHERE simple IS DISTINCT FROM reference OR negated IS DISTINCT FROM NOT reference)
			+ count(*) FILTER (WHERE key_left IS DISTINCT FROM reference OR key_right IS DISTINCT FROM reference
				OR differ IS DISTINCT FROM NOT reference)
			+ abs((SELECT count(*) FROM item_key_test.a JOIN item_key_test.b ON dunning.item_key(n) = dunning.item_key(m))
				- count(*) FILTER (WHERE reference))
			+ abs((SELECT count(*) FROM item_key_test.a JOIN item_key_test.b ON dunning.item_key(n) = m)
				- count(*) FILTER (WHERE reference))
		FROM (SELECT (' || form || ') COLLATE "C" = (' || regexp_replace(form2, '\mn\M', 'm') || ') COLLATE "C" AS reference,
			dunning.item_key(n) = dunning.item_key(m) AS simple,
			NOT (dunning.item_key(n) = dunning.item_key(m)) AS negated,
			dunning.item_key(n) = m AS key_left, n = dunning.item_key(m) AS key_right, dunning.item_key(n) <> m AS differ
			FROM item_key_test.a, item_key_test.b) c' INTO equal, wrong;
	DROP TABLE item_key_test.a, item_key_test.b;
	RETURN NEXT;
END $$;
SELECT f.type, string_agg(c.equal::text, ' ' ORDER BY g.type COLLATE "C") AS equal, sum(c.wrong) AS wrong
FROM text_form f, text_form g, compare_natives(f.type, f.form, g.type, g.form) c
GROUP BY f.type ORDER BY f.type COLLATE "C";

-- Under a nondeterministic collation native equality is no equality of keys.
CREATE FUNCTION nondeterministic() RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
	BEGIN
		CREATE COLLATION item_key_test.no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
	EXCEPTION WHEN OTHERS THEN
		RETURN '1 1 1 1 0';		-- a server without ICU
	END;
	CREATE TABLE item_key_test.loose (t text COLLATE item_key_test.no_case, c character(3) COLLATE item_key_test.no_case, s text);
	INSERT INTO item_key_test.loose VALUES ('x', 'x', 'x'), ('X', 'X', 'x');
	SELECT count(*) FILTER (WHERE dunning.item_key(t) = 'x') || ' ' ||
		count(*) FILTER (WHERE dunning.item_key(c) = 'X') || ' ' ||
		count(*) FILTER (WHERE dunning.item_key(t) = dunning.item_key(s)) || ' ' ||
		count(*) FILTER (WHERE dunning.item_key(s) = dunning.item_key(t)) || ' ' ||
		count(*) FILTER (WHERE dunning.item_key(t) = dunning.item_key('y' COLLATE item_key_test.no_case))
	INTO answer FROM item_key_test.loose;
	RETURN answer;
END $$;
SELECT nondeterministic();
-- a collation that cannot be determined is no error
CREATE TABLE mixed (a text COLLATE "C", b text COLLATE "POSIX");
INSERT INTO mixed VALUES ('4', '2');
SELECT dunning.item_key(a || b) = '42' AS literal, dunning.item_key(a || b) = dunning.item_key(b) AS natives FROM mixed;

-- What is evaluated more than once may not be volatile: each is called once a row.
CREATE SEQUENCE counter;
SELECT dunning.item_key(nextval('counter')) = g::text::dunning.item_key AS step FROM generate_series(1, 3) g;
SELECT dunning.item_key(g) = nextval('counter')::dunning.item_key AS step FROM generate_series(4, 6) g;
SELECT dunning.item_key(g) = nextval('counter')::text::dunning.item_key AS step FROM generate_series(7, 9) g;
SELECT dunning.item_key(g) = nextval('counter') AS step FROM generate_series(10, 12) g;
SELECT g = dunning.item_key(nextval('counter')) AS step FROM generate_series(13, 15) g;

--
-- The indexes
--

CREATE TABLE n_bigint (id bigint PRIMARY KEY, client integer);
CREATE TABLE n_integer (id integer PRIMARY KEY, client integer);
CREATE TABLE n_smallint (id smallint PRIMARY KEY, client integer);
CREATE TABLE n_numeric (id numeric PRIMARY KEY, client integer);
CREATE TABLE n_text (id text PRIMARY KEY, client integer);
CREATE TABLE n_varchar (id varchar(20) PRIMARY KEY, client integer);
CREATE TABLE n_character (id character(20) PRIMARY KEY, client integer);
CREATE TABLE n_uuid (id uuid PRIMARY KEY, client integer);
CREATE TABLE n_domain (id doc_no PRIMARY KEY, client integer);
INSERT INTO n_bigint SELECT g, g / 10 FROM generate_series(1, 4000) g;
INSERT INTO n_integer SELECT g, g / 10 FROM generate_series(1, 4000) g;
INSERT INTO n_smallint SELECT g, g / 10 FROM generate_series(1, 4000) g;
INSERT INTO n_numeric SELECT g + 0.50 * (g % 2), g / 10 FROM generate_series(1, 4000) g;
INSERT INTO n_text SELECT g, g / 10 FROM generate_series(1, 4000) g;
INSERT INTO n_varchar SELECT g, g / 10 FROM generate_series(1, 4000) g;
INSERT INTO n_character SELECT g, g / 10 FROM generate_series(1, 4000) g;
INSERT INTO n_uuid SELECT md5(g::text)::uuid, g / 10 FROM generate_series(1, 4000) g;
INSERT INTO n_domain SELECT g, g / 10 FROM generate_series(1, 4000) g;
ANALYZE n_bigint, n_integer, n_smallint, n_numeric, n_text, n_varchar, n_character, n_uuid, n_domain;

CREATE VIEW open_item WITH (security_invoker) AS
SELECT 'bigint' AS ledger, dunning.item_key(t.id) AS item, dunning.item_key(t.client) AS customer FROM n_bigint t
UNION ALL SELECT 'integer', dunning.item_key(t.id), dunning.item_key(t.client) FROM n_integer t
UNION ALL SELECT 'smallint', dunning.item_key(t.id), dunning.item_key(t.client) FROM n_smallint t
UNION ALL SELECT 'numeric', dunning.item_key(t.id), dunning.item_key(t.client) FROM n_numeric t
UNION ALL SELECT 'text', dunning.item_key(t.id), dunning.item_key(t.client) FROM n_text t
UNION ALL SELECT 'varchar', dunning.item_key(t.id), dunning.item_key(t.client) FROM n_varchar t
UNION ALL SELECT 'character', dunning.item_key(t.id), dunning.item_key(t.client) FROM n_character t
UNION ALL SELECT 'uuid', dunning.item_key(t.id), dunning.item_key(t.client) FROM n_uuid t
UNION ALL SELECT 'domain', t.id::dunning.item_key, t.client::dunning.item_key FROM n_domain t;
CREATE VIEW two_ledgers WITH (security_invoker) AS
SELECT * FROM open_item WHERE ledger IN ('bigint', 'uuid');
CREATE VIEW one_bigint AS SELECT dunning.item_key(t.id) AS item, dunning.item_key(t.client) AS customer FROM n_bigint t;
CREATE VIEW one_varchar AS SELECT dunning.item_key(t.id) AS item, dunning.item_key(t.client) AS customer FROM n_varchar t;
CREATE VIEW one_uuid AS SELECT dunning.item_key(t.id) AS item, dunning.item_key(t.client) AS customer FROM n_uuid t;

-- The tables that a plan reads by an index condition, those it reads
-- otherwise, and its one-time filters; nothing else of a plan is the same in
-- every version.
CREATE FUNCTION plan(query text) RETURNS TABLE (by_index text, otherwise text, one_time text)
LANGUAGE plpgsql SET search_path = item_key_test, pg_catalog AS $$
DECLARE p jsonb;
BEGIN
	EXECUTE 'EXPLAIN (COSTS OFF, FORMAT JSON) ' || query INTO p;
	SELECT string_agg(DISTINCT node->>'Relation Name', ' ') FILTER (WHERE jsonb_path_exists(node, 'strict $.**."Index Cond"')),
		string_agg(DISTINCT node->>'Relation Name', ' ') FILTER (WHERE NOT jsonb_path_exists(node, 'strict $.**."Index Cond"')),
		(SELECT string_agg(DISTINCT f #>> '{}', ' ') FROM jsonb_path_query(p, 'strict $.**."One-Time Filter"') f)
	INTO by_index, otherwise, one_time
	FROM jsonb_path_query(p, 'strict $.** ? (exists (@."Relation Name"))') node;
	RETURN NEXT;
END $$;
CREATE FUNCTION index_cond(query text) RETURNS text
LANGUAGE plpgsql SET search_path = item_key_test, pg_catalog AS $$
DECLARE p jsonb;
BEGIN
	EXECUTE 'EXPLAIN (COSTS OFF, FORMAT JSON) ' || query INTO p;
	RETURN (SELECT string_agg(DISTINCT c #>> '{}', ' ') FROM jsonb_path_query(p, 'strict $.**."Index Cond"') c);
END $$;

-- constants: every branch that can have the key by its index, the others not at all
SELECT * FROM plan($$SELECT * FROM open_item WHERE item = '42'$$);
SELECT * FROM open_item WHERE item = '42' ORDER BY ledger;
SELECT * FROM plan($$SELECT * FROM open_item WHERE item = 42$$);
SELECT * FROM plan($$SELECT * FROM open_item WHERE '3999' = item$$);
-- and whatever the type of the constant
SELECT c, p.* FROM unnest('{42::smallint,42,42::bigint,42.00,''42''::text,''42''::varchar,''42''::character(5)}'::text[]) c,
	LATERAL plan('SELECT * FROM open_item WHERE item = ' || c) p;
SELECT * FROM plan($$SELECT * FROM open_item WHERE 'A1D0C6E8-3F02-7327-D846-1063F4AC58A6'::uuid = item$$);
SELECT * FROM open_item WHERE 'A1D0C6E8-3F02-7327-D846-1063F4AC58A6'::uuid = item;
SELECT * FROM open_item WHERE item = 43.50 ORDER BY ledger;
SELECT * FROM plan($$SELECT * FROM two_ledgers WHERE 42 = item$$);
SELECT * FROM plan($$SELECT * FROM two_ledgers WHERE item = 42.5$$);
SELECT * FROM plan($$SELECT * FROM open_item WHERE item = '43.5'$$);
SELECT * FROM open_item WHERE item = '43.5' ORDER BY ledger;
SELECT * FROM plan($$SELECT * FROM open_item WHERE item = 'a1d0c6e8-3f02-7327-d846-1063f4ac58a6'$$);
SELECT * FROM open_item WHERE item = 'a1d0c6e8-3f02-7327-d846-1063f4ac58a6';
SELECT * FROM plan($$SELECT * FROM open_item WHERE item = '40000'$$);
SELECT * FROM plan($$SELECT * FROM open_item WHERE item = '042'$$);
SELECT * FROM plan($$SELECT * FROM open_item WHERE item = '42 '$$);
SELECT * FROM plan($$SELECT * FROM two_ledgers WHERE item = '42'$$);
SELECT * FROM plan($$SELECT * FROM two_ledgers WHERE item = 'x'$$);
SELECT * FROM plan($$SELECT * FROM open_item WHERE item IN ('42')$$);
SELECT * FROM plan($$SELECT * FROM open_item WHERE item = '42' OR item = '43'$$);
SELECT * FROM plan($$SELECT * FROM open_item WHERE item IN (42, 43)$$);
-- the constant has the type of the column
SELECT t, index_cond(format('SELECT FROM open_item WHERE item = ''7'' AND ledger = %L', t))
FROM unnest('{bigint,integer,smallint,numeric,text,character,domain}'::text[]) t;
-- a table that has no such key is not read
SELECT * FROM plan($$SELECT * FROM one_bigint WHERE item = '042'$$);
SELECT * FROM plan($$SELECT * FROM one_bigint WHERE item = '42' AND customer = 'x'$$);
SELECT * FROM plan($$SELECT * FROM one_uuid WHERE item = '42'$$);
SELECT * FROM plan($$SELECT * FROM one_varchar WHERE item = '42'$$);

-- prepared statements whose plan does not know the key
SET plan_cache_mode = force_generic_plan;
PREPARE by_item AS SELECT * FROM open_item WHERE item = $1;
SELECT * FROM plan($$EXECUTE by_item('42')$$);
EXECUTE by_item('42');
EXECUTE by_item('42 ');
EXECUTE by_item('a1d0c6e8-3f02-7327-d846-1063f4ac58a6');
EXECUTE by_item(NULL);
PREPARE by_item_left AS SELECT * FROM open_item WHERE $1 = item;
SELECT * FROM plan($$EXECUTE by_item_left('42')$$);
-- drivers bind texts and numbers
PREPARE by_varchar(varchar) AS SELECT * FROM open_item WHERE $1 = item;
SELECT * FROM plan($$EXECUTE by_varchar('42')$$);
EXECUTE by_varchar('42');
PREPARE by_bigint(bigint) AS SELECT * FROM open_item WHERE item = $1;
SELECT * FROM plan($$EXECUTE by_bigint(42)$$);
EXECUTE by_bigint(42);
PREPARE by_numeric(numeric) AS SELECT * FROM two_ledgers WHERE $1 = item;
SELECT * FROM plan($$EXECUTE by_numeric(42.0)$$);
EXECUTE by_numeric(42.0);
PREPARE by_uuid(uuid) AS SELECT * FROM two_ledgers WHERE item = $1;
SELECT * FROM plan($$EXECUTE by_uuid('a1d0c6e8-3f02-7327-d846-1063f4ac58a6')$$);
EXECUTE by_uuid('A1D0C6E8-3F02-7327-D846-1063F4AC58A6');
PREPARE by_text(text) AS SELECT * FROM two_ledgers WHERE item = $1;
SELECT * FROM plan($$EXECUTE by_text('42')$$);
EXECUTE by_text('42');
EXECUTE by_text('42.0');
PREPARE by_both AS SELECT * FROM two_ledgers WHERE customer = $2 AND item = $1;
SELECT * FROM plan($$EXECUTE by_both('42', '4')$$);
EXECUTE by_both('42', '4');
RESET plan_cache_mode;

-- a subquery, and an expression that does not change during a statement
CREATE TABLE wanted (item dunning.item_key, note text);
INSERT INTO wanted VALUES ('42', 'there'), ('042', 'not there'), (NULL, 'none'), ('1700', 'there too');
ANALYZE wanted;
SELECT * FROM plan($$SELECT * FROM open_item WHERE item = (SELECT item FROM wanted WHERE note = 'there')$$);
SELECT * FROM open_item WHERE item = (SELECT item FROM wanted WHERE note = 'there') ORDER BY ledger;
SELECT * FROM plan($$SELECT * FROM open_item WHERE item = current_setting('dunning.today')::dunning.item_key$$);
-- a one-branch view with a subquery: only texts, where it is evaluated once
SELECT * FROM plan($$SELECT * FROM one_varchar WHERE item = (SELECT item FROM wanted WHERE note = 'there')$$);
SELECT * FROM plan($$SELECT * FROM one_bigint WHERE item = random()::text::dunning.item_key$$);

-- joins
SELECT * FROM plan($$SELECT * FROM wanted w JOIN one_bigint o ON o.item = w.item$$);
SELECT w.*, o.* FROM wanted w JOIN one_bigint o ON o.item = w.item ORDER BY w.item;
SELECT * FROM plan($$SELECT * FROM wanted w LEFT JOIN one_varchar o ON w.item = o.item$$);
SELECT w.*, o.* FROM wanted w LEFT JOIN one_varchar o ON w.item = o.item ORDER BY w.item;
SELECT * FROM plan($$SELECT * FROM wanted w LEFT JOIN one_bigint o USING (item) WHERE note = 'there'$$);
SELECT w.*, o.* FROM wanted w LEFT JOIN one_bigint o USING (item) ORDER BY w.item;
SELECT count(*) FROM one_bigint a JOIN one_varchar b ON a.item = b.item;
-- from the view back to a table of the ERP
SELECT * FROM plan($$SELECT * FROM open_item o JOIN n_bigint i ON o.item = i.id WHERE o.ledger = 'varchar' AND o.item = '42'$$);
SELECT * FROM plan($$SELECT * FROM (SELECT * FROM open_item WHERE ledger IN ('bigint', 'varchar') ORDER BY customer LIMIT 3) o JOIN n_integer i ON o.item = i.id$$);
SELECT o.item, i.id FROM (SELECT * FROM open_item WHERE ledger IN ('bigint', 'varchar') AND customer = '1') o JOIN n_integer i ON o.item = i.id ORDER BY 2;
-- item = f.id, or f.code, is the comparison of the two columns themselves
SELECT t, index_cond(format('SELECT FROM (SELECT id FROM n_%s LIMIT 1) f JOIN one_%s o ON o.item = f.id', t, o))
FROM (VALUES ('integer', 'bigint'), ('smallint', 'bigint'), ('bigint', 'bigint'), ('domain', 'bigint'), ('text', 'bigint'),
	('uuid', 'uuid'), ('text', 'varchar'), ('varchar', 'varchar')) v (t, o);
SELECT * FROM plan($$SELECT FROM (SELECT item FROM one_varchar LIMIT 1) o JOIN n_character f ON o.item = f.id$$);
SELECT count(*) AS rows, count(*) FILTER (WHERE o.item = f.id) AS same, count(*) FILTER (WHERE f.id::text = '42') AS there
FROM one_bigint o JOIN n_integer f ON f.id = o.item;
SELECT count(*) FROM one_bigint o LEFT JOIN n_numeric f ON o.item = f.id WHERE f.id IS NULL;
SELECT count(*) FROM one_bigint o JOIN n_text f ON o.item = f.id;
SELECT count(*) FROM two_ledgers o JOIN n_uuid f ON o.item = f.id;
SELECT count(*) FROM two_ledgers o WHERE EXISTS (SELECT FROM n_character f WHERE f.id = o.item);
SELECT * FROM plan($$SELECT * FROM (SELECT * FROM n_integer WHERE client = 4) f, LATERAL (SELECT * FROM two_ledgers o WHERE o.item = f.id OFFSET 0) o$$);
SELECT count(*) FROM one_bigint a FULL JOIN one_bigint b ON a.item = b.customer;
SELECT * FROM plan($$SELECT * FROM wanted w, LATERAL (SELECT * FROM two_ledgers o WHERE o.item = w.item OFFSET 0) o$$);
SELECT w.note, o.* FROM wanted w, LATERAL (SELECT * FROM two_ledgers o WHERE o.item = w.item OFFSET 0) o ORDER BY w.item;
SELECT w.note, o.* FROM wanted w JOIN two_ledgers o ON o.item = w.item ORDER BY w.item;

-- a subquery is still hashed where it cannot become a join
CREATE FUNCTION is_hashed(query text) RETURNS boolean
LANGUAGE plpgsql SET search_path = item_key_test, pg_catalog AS $$
DECLARE p jsonb;
BEGIN
	EXECUTE 'EXPLAIN (COSTS OFF, FORMAT JSON) ' || query INTO p;
	RETURN p::text ~ 'hashed SubPlan';
END $$;
SELECT is_hashed($$SELECT * FROM one_bigint WHERE item NOT IN (SELECT item FROM wanted)$$) AS bigint,
	is_hashed($$SELECT * FROM one_varchar WHERE item NOT IN (SELECT item FROM wanted)$$) AS varchar,
	is_hashed($$SELECT * FROM two_ledgers WHERE item NOT IN (SELECT item FROM wanted)$$) AS two_ledgers;
SELECT is_hashed($$SELECT * FROM one_bigint WHERE item NOT IN (SELECT id FROM n_integer)$$) AS native,
	is_hashed($$SELECT * FROM two_ledgers WHERE item NOT IN (SELECT id FROM n_integer)$$) AS two_ledgers,
	is_hashed($$SELECT * FROM n_bigint WHERE id NOT IN (SELECT item FROM two_ledgers)$$) AS from_native;
SELECT count(*) AS others FROM two_ledgers WHERE item NOT IN (SELECT id FROM n_integer WHERE id > 10);
SELECT count(*) AS others FROM n_bigint WHERE id NOT IN (SELECT item FROM two_ledgers WHERE item <> 42);
SELECT count(*) AS same FROM two_ledgers WHERE item IN (SELECT id FROM n_text);
SELECT count(*) AS unknown FROM one_bigint WHERE item NOT IN (SELECT item FROM wanted);
SELECT count(*) AS others FROM one_bigint WHERE item NOT IN (SELECT item FROM wanted WHERE item IS NOT NULL);
SELECT count(*) AS others FROM one_bigint b WHERE NOT EXISTS (SELECT FROM wanted w WHERE w.item = b.item);
SELECT * FROM one_bigint WHERE item IN (SELECT item FROM wanted) ORDER BY item;

-- partitions that cannot have the key are not read
CREATE TABLE parts (id integer NOT NULL, part integer NOT NULL) PARTITION BY LIST (part);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES IN (2);
SELECT * FROM plan($$SELECT * FROM parts WHERE dunning.item_key(part) = '2'$$);

-- a column of keys keeps its index, whatever it is compared with
CREATE TABLE keyed (item dunning.item_key PRIMARY KEY);
INSERT INTO keyed SELECT g::text FROM generate_series(1, 4000) g;
ANALYZE keyed;
SET plan_cache_mode = force_generic_plan;
PREPARE keyed_bigint(bigint) AS SELECT * FROM keyed WHERE item = $1;
SELECT * FROM plan($$EXECUTE keyed_bigint(42)$$);
PREPARE keyed_text(text) AS SELECT * FROM keyed WHERE $1 = item;
SELECT * FROM plan($$EXECUTE keyed_text('42')$$);
RESET plan_cache_mode;
SELECT * FROM plan($$SELECT (SELECT k.item FROM keyed k WHERE k.item = b.id) FROM n_bigint b WHERE id = 42$$);
SELECT * FROM plan($$SELECT * FROM wanted w, LATERAL (SELECT * FROM keyed k WHERE k.item = w.note OFFSET 0) k$$);

-- an index on the key itself serves what the planner does not simplify
CREATE TABLE doubled (id bigint, t text COLLATE "POSIX");
INSERT INTO doubled SELECT g, g FROM generate_series(1, 4000) g;
CREATE INDEX ON doubled (dunning.item_key(id));
CREATE INDEX ON doubled (t);
ANALYZE doubled;
SELECT * FROM plan($$SELECT * FROM doubled WHERE dunning.item_key(id) = ANY ('{42,43}'::dunning.item_key[])$$);
SELECT * FROM plan($$SELECT * FROM doubled WHERE dunning.item_key(t) = '42'$$);

-- row-level security, for a reader who is not the owner; on a numeric column
-- it keeps any index from serving, since = of numeric is not leakproof
CREATE ROLE regress_item_key;
GRANT USAGE ON SCHEMA item_key_test TO regress_item_key;
GRANT SELECT ON ALL TABLES IN SCHEMA item_key_test TO regress_item_key;
CREATE FUNCTION may_see(client integer) RETURNS boolean LANGUAGE plpgsql STABLE AS 'BEGIN RETURN client < 100; END';
DO $$
DECLARE t text;
BEGIN
	FOREACH t IN ARRAY '{bigint,integer,smallint,numeric,text,varchar,character,uuid,domain}'::text[] LOOP
		EXECUTE format('ALTER TABLE item_key_test.n_%s ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY seen ON item_key_test.n_%s USING (item_key_test.may_see(client))', t);
	END LOOP;
END $$;
CREATE VIEW secured WITH (security_invoker) AS SELECT * FROM open_item WHERE ledger <> 'numeric';
GRANT SELECT ON secured TO regress_item_key;
SET ROLE regress_item_key;
SELECT * FROM plan($$SELECT * FROM secured WHERE item = '42'$$);
SELECT * FROM secured WHERE item = '42' ORDER BY ledger;
SELECT * FROM plan($$SELECT * FROM secured WHERE item = 42$$);
SELECT * FROM secured WHERE 42::bigint = item ORDER BY ledger;
SELECT * FROM open_item WHERE item = '3000';
SELECT * FROM open_item WHERE item = 3000;
SET plan_cache_mode = force_generic_plan;
PREPARE secured_item AS SELECT * FROM secured WHERE item = $1;
SELECT * FROM plan($$EXECUTE secured_item('42')$$);
EXECUTE secured_item('42');
EXECUTE secured_item('3000');
PREPARE secured_bigint(bigint) AS SELECT * FROM secured WHERE item = $1;
SELECT * FROM plan($$EXECUTE secured_bigint(42)$$);
EXECUTE secured_bigint(42);
EXECUTE secured_bigint(3000);
RESET plan_cache_mode;
SELECT * FROM plan($$SELECT * FROM wanted w, LATERAL (SELECT * FROM secured o WHERE o.item = w.item OFFSET 0) o$$);
SELECT * FROM plan($$SELECT * FROM wanted w, LATERAL (SELECT * FROM secured o WHERE o.item = w.note OFFSET 0) o$$);
RESET ROLE;

-- a reader needs nothing of our schema, neither its name nor a privilege
BEGIN;
REVOKE USAGE ON SCHEMA dunning FROM PUBLIC;
SET LOCAL ROLE regress_item_key;
SAVEPOINT named;
\set VERBOSITY sqlstate
SELECT dunning.item_key(42);
\set VERBOSITY default
ROLLBACK TO named;
SELECT count(*) FROM secured WHERE item = '42';
SELECT count(*) FROM secured WHERE item = 42;
SELECT count(*) FROM secured o JOIN n_integer f ON o.item = f.id WHERE f.id = 42;
ROLLBACK;

-- any other type: the text of its output function, whatever casts there are
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN feeling AS mood CHECK (VALUE <> 'bad');
CREATE FUNCTION mood_text(mood) RETURNS text LANGUAGE sql RETURN 'cast';
CREATE CAST (mood AS text) WITH FUNCTION mood_text(mood) AS IMPLICIT;
SELECT 'good'::mood::text AS by_cast, _dunning.output_text('good'::mood) AS enum, _dunning.output_text('good'::feeling) AS domain,
	_dunning.output_text(ARRAY['good']::mood[]) AS array, _dunning.output_text(ROW(1, 'good'::mood)) AS row;
SELECT _dunning.output_text(true) AS boolean, _dunning.output_text('[1,3)'::int4range) AS range, _dunning.output_text(NULL::mood) IS NULL AS nothing;

-- with the extension its operators go
BEGIN;
DROP EXTENSION pg_dunning CASCADE;
SELECT count(*) AS operators FROM pg_catalog.pg_operator WHERE oid >= 16384 AND oprnamespace = 'pg_catalog'::regnamespace;
ROLLBACK;

DEALLOCATE ALL;
DROP SCHEMA item_key_test CASCADE;
DROP ROLE regress_item_key;
RESET search_path;
