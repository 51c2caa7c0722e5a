-- Aging schemes, and the bucket of an item.
SET client_min_messages = warning;
CREATE SCHEMA aging_test;
SET search_path = aging_test, public, dunning, _dunning;

-- What a literal is refused with; the server tells from 16 on.
SELECT current_setting('server_version_num')::int >= 160000 AS soft \gset
\if :soft
CREATE FUNCTION refusal(value text, type text) RETURNS TABLE (state text, message text, detail text)
	LANGUAGE sql AS $$ SELECT e.sql_error_code, e.message, e.detail FROM pg_input_error_info(value, type) AS e $$;
\else
CREATE FUNCTION refusal(value text, type text) RETURNS TABLE (state text, message text, detail text)
	LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT %L::%s', value, type);
	RETURN NEXT;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN NEXT;
END $$;
\endif

--
-- The text forms
--

-- Short, explicit, and what is the same.
CREATE TABLE good (n int GENERATED ALWAYS AS IDENTITY, literal text);
INSERT INTO good (literal) VALUES
	('30,60,90'), (' 30 , 60,90 '), (E'\t30,\n60\r\n'), ('+30,060'), ('1'), ('100000'),
	('..0, 1..30, 31..'), ('..0 "not due", 1..30 "1-30", 31.. "31+"'), (' .. 0 , 1 .. 1 , 2 .. '),
	('..0 "not due", 1..30, 31..60 "second month", 61..'),
	('..-8 "later", -7..0 "this week", 1..'),
	('..0,1..'), ('..'), ('.. "all"'), ('.. "every day"'),
	('..5, 6..'), ('..-8, -7..-7, -6..0, 1..1, 2..'), ('..-31, -30..'), ('..-1, 0..0, 1..'),
	('..-100000, -99999..100000, 100001..'),
	('..0 "say ""no""", 1.. " "'), ('..0 "..0, 1..", 1..'),
	('under 30,60,90'), ('30,60; today late'), ('30 days; today apart'), ('UNDER 30, 60 d; TODAY LATE'),
	('1 month, 2 months'), ('1m,2 Month , 3 months'), ('under 1 month, 2 months'), ('15, 1 month, 60, 3 months'),
	('1 calendar month, 2 calendar months; today late'), ('..-1 "Not Due", ..1 rolling month, ..2 rolling months - 1 day "x", ..'),
	('..0, ..30, ..'), ('..0 "not due", 1..1 month "up to 1 month", .. "over 1 month"'), ('..-1 month + 2 days, ..0, 1..15, ..1 month, ..');
SELECT literal::aging_scheme AS scheme, literal <> literal::aging_scheme::text AS changed,
	literal::aging_scheme::text::aging_scheme = literal::aging_scheme AS same
FROM good ORDER BY n;

-- Every bucket with its label and range.
SELECT literal, string_agg(format('%s %s (%s to %s)', bucket, label, from_day, to_day), ', ' ORDER BY bucket) AS buckets
FROM good, aging_buckets(literal::aging_scheme)
WHERE n IN (1, 9, 10, 11, 13, 16, 17, 18, 19, 20, 23, 24, 25, 27, 29, 30, 31, 32, 35)
GROUP BY n, literal ORDER BY n;
SELECT * FROM aging_buckets('30,60,90');
SELECT aging_buckets('..0, 1..');
SELECT * FROM aging_buckets(NULL);

-- Ranges cover every day: each begins the day after the previous one ends.
SELECT count(*) AS gaps
FROM (SELECT bucket, from_day, literal, lag(to_day) OVER (PARTITION BY n ORDER BY bucket) AS before
      FROM good, aging_buckets(literal::aging_scheme)) AS b
WHERE literal !~ 'month|1m' AND CASE bucket WHEN 0 THEN from_day IS NOT NULL ELSE from_day IS DISTINCT FROM before + 1 END;

SELECT jsonb_pretty('..0, 1..30 "first month", 31..'::aging_scheme::jsonb);
SELECT NULL::aging_scheme::jsonb;

-- What is refused.
SELECT literal, state, message, detail
FROM unnest(ARRAY[
	'', '  ', 'x', '.', '30,', ',30', '30,,60', '30 60', '30.5', '30;60', '30 "x"', '30 weeks', '-', '1e2',
	'0', '0,30', '-30', '100001', '99999999999999999999', '30,30', '60,30',
	'0..30, 31..', '1..30', '30,60..90', '..0', '..0, 1..30', '..0, 2..', '..0, 1..30, 40..', '..0, 0..', '..10, 5..',
	'..0, 1..0, 1..', '..0, ..30', '..0, 1', '..0, 1.30', '..0, 1...30', '..0,', '..0; 1..', '..0 x, 1..',
	'..0 "x" "y", 1..', '..0, 1.., 2..', '.. ..', '..0 "", 1..', '..0 "x, 1..', '..0 ''x'', 1..',
	'..100001, 100002..', '..-100001, -100000..', '..0, 99999999999..',
	'under', 'under 1', 'under ..0, 1..', 'over 30', '30;', '30; late', '30; today', '30; today late; today apart', '..0, 1..; today late',
	'0 months', '1201 months', '-1 month', '..0 months, ..', '..-1 rolling month, ..', '1 calendar', '1 month - 28 days', '1 month - 1', '1 week',
	'1 month, 30', '30, 1 month', '2 months, 1 month', '1 month + 27 days, 2 months - 27 days', '..1 month, 32..']) WITH ORDINALITY AS l (literal, n),
	refusal(literal, 'dunning.aging_scheme')
ORDER BY n;

-- The place is in characters, whatever their bytes.
SELECT detail FROM refusal('..0 "échu", 2..', 'dunning.aging_scheme');

-- The limits: 32 buckets, labels of 63 bytes.
SELECT count(*)
FROM aging_buckets((SELECT string_agg(d::text, ',' ORDER BY d) FROM generate_series(1, 30) AS d)::aging_scheme);
SELECT state, detail
FROM refusal((SELECT string_agg(d::text, ',' ORDER BY d) FROM generate_series(1, 31) AS d), 'dunning.aging_scheme');
SELECT count(*)
FROM aging_buckets(('..0, ' || (SELECT string_agg(format('%s..%s', d, d), ', ' ORDER BY d) FROM generate_series(1, 30) AS d) || ', 31..')::aging_scheme);
SELECT state, detail
FROM refusal('..0, ' || (SELECT string_agg(format('%s..%s', d, d), ', ' ORDER BY d) FROM generate_series(1, 31) AS d) || ', 32..',
	'dunning.aging_scheme');
SELECT length(bucket_label(format('.. "%s"', repeat('x', 63))::aging_scheme, 0)) AS longest;
SELECT state, detail FROM refusal(format('.. "%s"', repeat('x', 64)), 'dunning.aging_scheme');
SELECT length(bucket_label(format('.. "%s"', repeat('é', 31))::aging_scheme, 0)) AS longest;
SELECT state, detail FROM refusal(format('.. "%s"', repeat('é', 32)), 'dunning.aging_scheme');

\set VERBOSITY sqlstate
SELECT '30,60,'::aging_scheme;
\set VERBOSITY default

--
-- Equality, hashing, and an order for sorting
--
SELECT am.amname, opc.opcname, opc.opcdefault, amvalidate(opc.oid)
FROM pg_opclass opc JOIN pg_am am ON am.oid = opc.opcmethod
WHERE opc.opcintype = 'dunning.aging_scheme'::regtype
ORDER BY am.amname;

SELECT aging_scheme '30' = '..0 "not due", 1..30, 31..' AS eq, aging_scheme '30' <> '30,60' AS ne,
	aging_scheme '30' = '..0, 1..30 "1 to 30", 31..' AS other_label, aging_scheme '30' = NULL AS with_null;

-- Equal exactly if the texts are; what is equal has one hash; the order is total.
SELECT count(*) FILTER (WHERE (a = b) <> (a::text = b::text)) AS eq,
	count(*) FILTER (WHERE (a <> b) = (a = b)) AS ne,
	count(*) FILTER (WHERE (a = b) <> (aging_scheme_cmp(a, b) = 0)) AS cmp,
	count(*) FILTER (WHERE (a < b)::int + (a = b)::int + (a > b)::int <> 1) AS trichotomy,
	count(*) FILTER (WHERE (a <= b) <> (a < b OR a = b) OR (a >= b) <> (a > b OR a = b)) AS with_equal,
	count(*) FILTER (WHERE sign(aging_scheme_cmp(a, b)) <> -sign(aging_scheme_cmp(b, a))) AS antisymmetry,
	count(*) FILTER (WHERE a = b AND aging_scheme_hash(a) <> aging_scheme_hash(b)) AS hash,
	count(*) FILTER (WHERE a = b AND aging_scheme_hash_extended(a, 42) <> aging_scheme_hash_extended(b, 42)) AS hash_extended
FROM (SELECT literal::aging_scheme FROM good) AS x (a), (SELECT literal::aging_scheme FROM good) AS y (b);
SELECT count(*) AS transitivity
FROM (SELECT literal::aging_scheme FROM good) AS x (a), (SELECT literal::aging_scheme FROM good) AS y (b),
	(SELECT literal::aging_scheme FROM good) AS z (c)
WHERE a < b AND b < c AND NOT a < c;

-- In a table: unique, grouped either way, joined either way.
CREATE TABLE scheme (flag boolean, s aging_scheme);
INSERT INTO scheme SELECT true, literal::aging_scheme FROM good;
SELECT count(*), count(DISTINCT s), count(DISTINCT s::text) FROM scheme;
SET enable_hashagg = off;
SELECT count(*) FROM (SELECT s FROM scheme GROUP BY s) AS g;
SET enable_sort = off;
SET enable_hashagg = on;
SELECT count(*) FROM (SELECT s FROM scheme GROUP BY s) AS g;
RESET enable_sort;
RESET enable_hashagg;
\set VERBOSITY sqlstate
CREATE UNIQUE INDEX scheme_s ON scheme (s);
\set VERBOSITY default
DELETE FROM scheme a USING scheme b WHERE a.s = b.s AND a.ctid > b.ctid;
CREATE UNIQUE INDEX scheme_s ON scheme (s);
SELECT count(*) FROM scheme WHERE s = '30';
\set VERBOSITY sqlstate
INSERT INTO scheme VALUES (false, '..0, 1..30, 31..');
\set VERBOSITY default

-- Binary form: the version and the text; a bytea's binary form is its bytes.
SELECT encode(aging_scheme_send('30,60'), 'escape') AS sent;
CREATE TABLE received (n int, s aging_scheme);
\copy (SELECT n, literal::aging_scheme FROM good ORDER BY n) TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/aging.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/aging.bin"' (FORMAT binary)
SELECT count(*), count(*) FILTER (WHERE s = literal::aging_scheme AND s::text = literal::aging_scheme::text) AS same
FROM received JOIN good USING (n);
\set VERBOSITY sqlstate
\copy (SELECT 1, '\x02'::bytea || '30,60') TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/aging.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/aging.bin"' (FORMAT binary)
\copy (SELECT 1, '\x01'::bytea || '60,30') TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/aging.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/aging.bin"' (FORMAT binary)
\copy (SELECT 1, '\x0133300033'::bytea) TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/aging.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/aging.bin"' (FORMAT binary)
\copy (SELECT 1, ''::bytea) TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/aging.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/aging.bin"' (FORMAT binary)

-- A stored value of a later version or with damage is refused whoever reads it.
CREATE CAST (aging_scheme AS bytea) WITHOUT FUNCTION;
CREATE CAST (bytea AS aging_scheme) WITHOUT FUNCTION;
SELECT set_byte('30'::aging_scheme::bytea, 0, 2)::aging_scheme;
SELECT set_byte('30'::aging_scheme::bytea, 1, 1)::aging_scheme;
SELECT aging_bucket('2026-01-01', '2026-01-01', substr('30'::aging_scheme::bytea, 1, 12)::aging_scheme);
SELECT ('30'::aging_scheme::bytea || '\x00')::aging_scheme;
SELECT * FROM aging_buckets('\x'::bytea::aging_scheme);
-- No beginning of a value is one.
CREATE FUNCTION is_read(value bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN value::aging_scheme::text;
EXCEPTION WHEN data_corrupted THEN
	RETURN NULL;
END $$;
SELECT count(*), count(is_read(substr('..0, 1.. "late"'::aging_scheme::bytea, 1, len))) AS is_read
FROM generate_series(0, length('..0, 1.. "late"'::aging_scheme::bytea) - 1) AS len;
DROP CAST (aging_scheme AS bytea);
DROP CAST (bytea AS aging_scheme);
\set VERBOSITY default

--
-- The bucket of an item
--

-- Ages at the edges.
SELECT string_agg(format('%s: %s', age, aging_bucket(date '2017-12-31' - age, '2017-12-31')), ', ' ORDER BY age) AS buckets,
	count(*) FILTER (WHERE bucket_label(date '2017-12-31' - age, '2017-12-31')
		IS DISTINCT FROM CASE WHEN age <= 0 THEN 'not due' WHEN age <= 30 THEN '1-30' WHEN age <= 60 THEN '31-60'
			WHEN age <= 90 THEN '61-90' ELSE '91+' END) AS wrong_labels
FROM unnest(ARRAY[-31, -30, -1, 0, 1, 29, 30, 31, 59, 60, 61, 89, 90, 91, 120, 121]) AS age;

-- A published example.
SELECT due_on - date '2017-12-31' AS days_to_go, aging_bucket(due_on, '2017-12-31', '30,60,90,120'),
	bucket_label(due_on, '2017-12-31', '30,60,90,120')
FROM unnest(ARRAY['2018-01-15', '2017-12-15', '2017-11-15', '2017-10-15', '2017-09-15', '2017-08-15']::date[]) AS due_on;

-- The defaults: as of today, by 30,60,90.
SELECT aging_bucket(_dunning.real_day()) AS today, aging_bucket(_dunning.real_day() - 1) AS yesterday,
	aging_bucket(_dunning.real_day() - 45) AS second_month, bucket_label(_dunning.real_day() - 45) AS label,
	aging_bucket(_dunning.real_day() - 45, scheme => '..0, 1..') AS other_scheme;

-- A null gives null.
SELECT aging_bucket(NULL), aging_bucket('2026-01-01', NULL), aging_bucket('2026-01-01', '2026-01-01', NULL),
	bucket_label(NULL::date), bucket_label('2026-01-01', NULL, '30'), bucket_label('30', NULL::int);

-- Infinite and extreme dates are in the first or the last bucket.
SELECT due_on::text = 'infinity' AS due_later, as_of::text = 'infinity' AS as_of_later,
	aging_bucket(due_on, as_of), bucket_label(due_on, as_of), aging_bucket(due_on, as_of, '..-100000, -99999..99999, 100000..') AS widest
FROM unnest(ARRAY['infinity', '-infinity']::date[]) AS due_on, unnest(ARRAY['infinity', '-infinity']::date[]) AS as_of
ORDER BY 1, 2;
SELECT aging_bucket('infinity', '5874897-12-31', '..-100000, -99999..99999, 100000..') AS due_never,
	aging_bucket('-infinity', '4714-11-24 BC', '..-100000, -99999..99999, 100000..') AS due_ever,
	aging_bucket('5874897-12-31', 'infinity', '..-100000, -99999..99999, 100000..') AS as_of_never,
	aging_bucket('4714-11-24 BC', '-infinity', '..-100000, -99999..99999, 100000..') AS as_of_ever,
	aging_bucket('4714-11-24 BC', '5874897-12-31') AS longest, aging_bucket('5874897-12-31', '4714-11-24 BC') AS earliest;

-- Labels by number.
SELECT bucket, bucket_label('..0, 1..30 "first month", 31..', bucket)
FROM unnest(ARRAY[-1, 0, 1, 2, 3, 2147483647, -2147483648]) AS bucket;

-- At random, against the ranges compared one by one.
CREATE TABLE edge (scheme aging_scheme, bucket int, lo int, hi int);
INSERT INTO edge VALUES
	('30,60,90', 0, -10000000, 0), ('30,60,90', 1, 1, 30), ('30,60,90', 2, 31, 60), ('30,60,90', 3, 61, 90), ('30,60,90', 4, 91, 10000000),
	('..-8, -7..0 "week", 1..1, 2..', 0, -10000000, -8), ('..-8, -7..0 "week", 1..1, 2..', 1, -7, 0),
	('..-8, -7..0 "week", 1..1, 2..', 2, 1, 1), ('..-8, -7..0 "week", 1..1, 2..', 3, 2, 10000000),
	('..', 0, -10000000, 10000000),
	('..5, 6..', 0, -10000000, 5), ('..5, 6..', 1, 6, 10000000);
SELECT setseed(0.25);
SELECT count(*) AS items, count(*) FILTER (WHERE aging_bucket(due_on, as_of, scheme) <> bucket
		OR bucket_label(due_on, as_of, scheme) <> bucket_label(scheme, bucket)) AS wrong
FROM (SELECT date '2026-06-30' - (random() * 30)::int - 15 AS as_of, date '2026-06-30' - (random() * 400)::int + 200 AS due_on
      FROM generate_series(1, 5000)) AS i
JOIN edge ON as_of - due_on BETWEEN lo AND hi;

-- In an index and in a generated column, which take what is immutable.
CREATE TABLE item (due_on date, bucket int GENERATED ALWAYS AS (dunning.aging_bucket(due_on, date '2026-06-30', '30')) STORED);
CREATE INDEX ON item (dunning.bucket_label(due_on, date '2026-06-30', '30'));
INSERT INTO item VALUES ('2026-06-30'), ('2026-06-29'), ('2026-05-30'), (NULL);
SELECT bucket FROM item ORDER BY due_on;

DROP SCHEMA aging_test CASCADE;
