-- Aged balances: the aggregate, the value, and what is read from it.
SET client_min_messages = warning;
CREATE SCHEMA aged_balance_test;
SET search_path = aged_balance_test, public, dunning, _dunning;

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
-- The aggregate on examples
--

-- A published one: ages -15, 16, 46, 77, 107, 138.
CREATE TABLE published (amount numeric, due_on date);
INSERT INTO published VALUES (500, '2018-01-15'), (1000, '2017-12-15'), (2000, '2017-11-15'), (4000, '2017-10-15'),
	(8000, '2017-09-15'), (160000, '2017-08-15');
SELECT aged_balance(amount, due_on, '2017-12-31', '30,60,90,120') FROM published;
SELECT b.* FROM (SELECT aged_balance(amount, due_on, '2017-12-31', '30,60,90,120') FROM published) AS a (balance), buckets(balance) AS b;

-- One item an age at the edges, the age its amount.
SELECT aged_balance(age, date '2017-12-31' - age, '2017-12-31', '30,60,90') FROM unnest(ARRAY[-31, -30, -1, 0]) AS age;
SELECT aged_balance(age, date '2017-12-31' - age, '2017-12-31', '30,60,90') FROM unnest(ARRAY[1, 29, 30]) AS age;
SELECT aged_balance(age, date '2017-12-31' - age, '2017-12-31', '30,60,90') FROM unnest(ARRAY[31, 59, 60]) AS age;
SELECT aged_balance(age, date '2017-12-31' - age, '2017-12-31', '30,60,90') FROM unnest(ARRAY[61, 89, 90]) AS age;
SELECT aged_balance(age, date '2017-12-31' - age, '2017-12-31', '30,60,90') FROM unnest(ARRAY[91, 120, 121]) AS age;

-- Without a due date, or a date to compare it with, an item is undated; without an amount it is no item.
SELECT aged_balance(amount, due_on, as_of, '30')
FROM (VALUES (1.00, date '2026-01-01', date '2026-01-02'), (2, NULL, '2026-01-02'), (3, '2026-01-01', NULL), (4, NULL, NULL),
	(NULL, '2026-01-01', '2026-01-02'), (NULL, NULL, NULL)) AS i (amount, due_on, as_of);
SELECT aged_balance(amount, due_on, '2026-01-01', '30') IS NULL AS nothing FROM published WHERE false;
SELECT aged_balance(NULL, due_on, '2026-01-01', '30') IS NULL AS nothing FROM published;
SELECT aged_balance(NULL, due_on, '2026-01-01', NULL) IS NULL AS nothing FROM published;
SELECT aged_balance(amount, due_on, '2026-01-01', '30') FROM (VALUES (NULL, NULL), (5, date '2025-12-31')) AS i (amount, due_on);
SELECT aged_balance(0, NULL, '2026-01-01', '30'), aged_balance(0.00, '2026-01-01', '2026-01-01', '..');

-- Infinite dates.
SELECT aged_balance(amount, due_on, as_of, '30')
FROM (VALUES (1, date 'infinity', date '2026-01-01'), (10, '-infinity', '2026-01-01'), (100, '2026-01-01', 'infinity'),
	(1000, '2026-01-01', '-infinity'), (10000, 'infinity', 'infinity'), (100000, '-infinity', '-infinity')) AS i (amount, due_on, as_of);

-- The scheme must be there, and one.
\set VERBOSITY sqlstate
SELECT aged_balance(1, '2026-01-01', '2026-01-01', NULL);
SELECT aged_balance(1, '2026-01-01', '2026-01-01', scheme::aging_scheme) FROM (VALUES ('30'), ('60')) AS s (scheme);
SELECT aged_balance(1, '2026-01-01', '2026-01-01', scheme::aging_scheme) FROM (VALUES ('..0, 1..'), ('..0, 1.. "late"')) AS s (scheme);
\set VERBOSITY default
SELECT aged_balance(1, '2026-01-01', '2026-01-01', scheme::aging_scheme) FROM (VALUES ('30'), ('60')) AS s (scheme);
SELECT aged_balance(1, '2026-01-01', '2026-01-01', scheme::aging_scheme) FROM (VALUES ('30'), ('..0, 1..30, 31..')) AS s (scheme);
SELECT scheme, aged_balance(1, '2025-12-01', '2026-01-01', scheme)
FROM (VALUES (aging_scheme '30'), ('60'), ('60')) AS s (scheme) GROUP BY scheme ORDER BY scheme;

--
-- The text form
--
CREATE TABLE good (n int GENERATED ALWAYS AS IDENTITY, literal text);
INSERT INTO good (literal) VALUES
	('{100.00, 20.00, 0, 0, 0; undated 5.00} by 30,60,90'), ('{1,2,3}by 30'), (E' { 1 ,\t2.5 , -3.25 ; UNDATED 0 } BY 30 '),
	('{0} by ..'), ('{0; undated 7} by .. "any"'), ('{1, 2} by ..0 "not ""late""", 1..'),
	('{1e3, 1e-2, 0.0001} by 30'), ('{0.00001, 2, 3} by 30'), ('{1e30, -1e30, 99999999999999999999.9999} by 30'),
	('{1e-20, 1, 1} by 30'), ('{1, 2, 3; invalid nan} by 30'), ('{0, 1.50, 2; undated 7; invalid -infinity} by 30'),
	('{0, 0, 0; INVALID Infinity; undated 1} by 30'),
	('{922337203685476, 922337203685477.5807, -922337203685477.5808} by 30'), ('{900000000000000.0000, 0, 0} by 30'),
	('{0.00001, 0, 0; undated -0.00001} by 30');
SELECT literal::aged_balance AS balance, total(literal::aged_balance),
	literal::aged_balance::text::aged_balance = literal::aged_balance AS same,
	literal::aged_balance::text::aged_balance::text = literal::aged_balance::text AS same_text
FROM good ORDER BY n;

SELECT literal, state, message, detail
FROM unnest(ARRAY[
	'', 'x', '{', '{}', '{1', '{1}', '{1,}', '{1,,2} by 30', '{1, 2, 3 by 30', '1, 2, 3 by 30', '{1, 2, 3} 30', '{1, 2, 3} by',
	'{1, 2, 3} by 30 weeks', '{1, 2, 3} by 30,', '{1, 2, 3} by ..0, 2..', '{1, 2, 3} by 0', '{1, 2} by 30', '{1, 2, 3, 4} by 30',
	'{1, 2, x} by 30', '{1, 2, 1e999999} by 30', '{1 2, 3, 4} by 30', '{1, 2, 3;} by 30', '{1, 2, 3; 5} by 30',
	'{1, 2, 3; undated} by 30', '{1, 2, 3; undated x} by 30', '{1, 2, 3; undated 1, 2} by 30', '{1, 2, 3; undated 1; undated 2} by 30',
	'{1, NaN, 3} by 30', '{1, 2, Infinity} by 30', '{1, 2, 3; undated -Infinity} by 30', '{1, 2, 3; invalid 4} by 30', '{1, 2, 3; invalid} by 30',
	'{1, 2, 3; invalid NaN; invalid NaN} by 30', '{1, 2, 3; invalid NaN, 4} by 30', '{1, 2, 3; other 4} by 30'])
	WITH ORDINALITY AS l (literal, n),
	refusal(literal, 'dunning.aged_balance')
ORDER BY n;
SELECT state, detail FROM refusal('{' || repeat('1,', 32) || '1} by ..', 'dunning.aged_balance');
SELECT total(('{' || repeat('1,', 31) || '1} by ' || (SELECT string_agg(d::text, ',' ORDER BY d) FROM generate_series(1, 30) AS d))::aged_balance);
\set VERBOSITY sqlstate
SELECT '{1, 2, 3}'::aged_balance;
SELECT '{1, 2, 3} by 30,60'::aged_balance;
\set VERBOSITY default

--
-- What is read from a balance
--
SELECT amounts(b), amount(b, 0), amount(b, 1), amount(b, 2), undated(b), invalid(b), total(b), scheme(b)
FROM (SELECT literal::aged_balance, n FROM good) AS g (b, n) ORDER BY n;
SELECT amount('{1, 2, 3; undated 4} by 30', bucket) IS NULL AS none FROM unnest(ARRAY[-1, 3, 2147483647, -2147483648]) AS bucket;
SELECT amounts(NULL), amount(NULL, 0), amount('{1} by ..', NULL), undated(NULL), invalid(NULL), total(NULL), scheme(NULL::aged_balance), NULL::aged_balance::jsonb;
SELECT * FROM buckets('{1, 2.50, 3; undated 4} by ..0, 1..30 "first month", 31..');
SELECT buckets('{1} by ..');
SELECT * FROM buckets('{1, 2; undated 3; invalid Infinity} by ..0, 1..');
SELECT jsonb_pretty('{1, 2.50; invalid NaN} by ..0, 1.. "late"'::aged_balance::jsonb);
-- the array, the rows and the total agree, and the scheme's buckets are the balance's
SELECT count(*) AS balances, count(*) FILTER (WHERE total(b) IS DISTINCT FROM (SELECT sum(a) FROM unnest(amounts(b)) AS a)) AS by_array,
	count(*) FILTER (WHERE total(b) IS DISTINCT FROM (SELECT sum(amount) FROM buckets(b))) AS by_rows,
	count(*) FILTER (WHERE amounts(b) IS DISTINCT FROM (SELECT array_agg(coalesce(amount(b, bucket),
		CASE label WHEN 'no valid amount' THEN invalid(b) ELSE undated(b) END) ORDER BY bucket NULLS LAST, label) FROM buckets(b))) AS by_bucket,
	count(*) FILTER (WHERE (SELECT array_agg(label ORDER BY bucket) FROM aging_buckets(scheme(b)))
		IS DISTINCT FROM (SELECT array_agg(label ORDER BY bucket) FROM buckets(b) WHERE bucket IS NOT NULL)) AS labels
FROM (SELECT literal::aged_balance FROM good) AS g (b);

--
-- Equality, hashing, addition
--
CREATE TABLE value (n int GENERATED ALWAYS AS IDENTITY, flag boolean, b aged_balance);
INSERT INTO value (b) VALUES ('{1, 2, 3} by 30'), ('{1.0, 2.0000, 3.000000; undated 0.00} by ..0, 1..30, 31..'), ('{1, 2, 3; undated 1} by 30'),
	('{1, 2, 3} by 31'), ('{1, 2, 3} by ..0, 1..30, 31.. "late"'), ('{1e20, 0, 0} by 30'), ('{100000000000000000000.0, 0, 0} by 30'),
	('{0, 0, 0; invalid NaN} by 30'), ('{0, 0.0, 0; invalid NaN} by 30'), ('{0, 0, 0} by 30'), ('{1, 2, 3} by 30'::aged_balance + '{-1, -2, -3} by 30'),
	('{1e20, 0, 0} by 30'::aged_balance + '{-1e20, 0, 0} by 30');
SELECT a.n, string_agg(b.n::text, ' ' ORDER BY b.n) AS equal_to
FROM value a JOIN value b ON a.b = b.b GROUP BY a.n ORDER BY a.n;
SELECT count(*) FILTER (WHERE (a.b = b.b) = (a.b <> b.b)) AS ne,
	count(*) FILTER (WHERE (a.b = b.b) <> (scheme(a.b) = scheme(b.b) AND amounts(a.b) = amounts(b.b))) AS eq,
	count(*) FILTER (WHERE a.b = b.b AND aged_balance_hash(a.b) <> aged_balance_hash(b.b)) AS hash,
	count(*) FILTER (WHERE a.b = b.b AND aged_balance_hash_extended(a.b, 42) <> aged_balance_hash_extended(b.b, 42)) AS hash_extended
FROM value a, value b;
SELECT count(*) FROM (SELECT b FROM value GROUP BY b) AS g;
SELECT NULL = aged_balance '{1} by ..' AS eq, aged_balance '{1} by ..' + NULL AS sum;

SELECT '{1, 2, 3; undated 4} by 30'::aged_balance + '{0.5, -2, 1e20} by 30';
SELECT '{1, 2, 3} by 30'::aged_balance + '{4, 5, 0.000001; invalid Infinity} by 30';
SELECT '{1, 2, 3; invalid Infinity} by 30'::aged_balance + '{1, 0, 0.1; invalid -Infinity} by 30';
SELECT '{1, 2, 3} by 30'::aged_balance + '{1, 2, 3} by 31';
\set VERBOSITY sqlstate
SELECT '{1, 2, 3} by 30'::aged_balance + '{1, 2, 3} by 31';
SELECT '{1, 2} by ..0, 1..'::aged_balance + '{1} by ..';
\set VERBOSITY default
-- addition and the transition leave their arguments as they were
CREATE TABLE kept AS SELECT '{1, 2, 3; undated 4} by 30'::aged_balance AS b;
SELECT b + b AS twice, aged_balance_accum(b, 10, '2026-01-01', '2026-01-31', '30') AS one_more, b FROM kept;
DO $$
DECLARE
	b dunning.aged_balance := '{1, 2, 3; undated 4} by 30';
	c dunning.aged_balance;
BEGIN
	c := b OPERATOR(pg_catalog.+) b;
	c := _dunning.aged_balance_accum(b, 10, NULL, NULL, '30');
	IF b::text <> '{1, 2, 3; undated 4} by 30' OR c::text <> '{1, 2, 3; undated 14} by 30' THEN
		RAISE EXCEPTION 'got % and %', b, c;
	END IF;
END $$;
-- doubled until no 128 bits hold the sums: 2^150 hundredths
WITH RECURSIVE doubled (n, b) AS (
	SELECT 0, aged_balance '{0.01, -0.01, 0.00; undated 0.01} by 30'
	UNION ALL SELECT n + 1, b + b FROM doubled WHERE n < 150)
SELECT n, b, total(b) = power(2::numeric, n) * 0.01 AS total FROM doubled WHERE n IN (112, 113, 114, 150) ORDER BY n;
WITH RECURSIVE doubled (n, b, amount) AS (
	SELECT 0, aged_balance '{0.01, -0.01, 0.00; undated 0.01} by 30', 0.01
	UNION ALL SELECT n + 1, b + b, amount + amount FROM doubled WHERE n < 150)
SELECT count(*) AS steps, count(*) FILTER (WHERE amounts(b) <> ARRAY[amount, -amount, 0, amount] OR total(b)::text <> amount::text) AS wrong
FROM doubled;
-- the operator's function makes an aggregate of balances, too
SELECT dunning.sum(b), count(*) FROM value WHERE scheme(b) = '30' AND n < 7;
SELECT b FROM value WHERE n = 1;

-- Binary form: the version and the text; a bytea's binary form is its bytes.
SELECT encode(aged_balance_send('{1, 2.50; undated 3} by ..0, 1..'), 'escape') AS sent;
CREATE TABLE received (n int, b aged_balance);
\copy (SELECT n, literal::aged_balance FROM good ORDER BY n) TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/aged_balance.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/aged_balance.bin"' (FORMAT binary)
SELECT count(*), count(*) FILTER (WHERE b = literal::aged_balance AND b::text = literal::aged_balance::text) AS same
FROM received JOIN good USING (n);
\set VERBOSITY sqlstate
\copy (SELECT 1, '\x02'::bytea || '{1} by ..') TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/aged_balance.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/aged_balance.bin"' (FORMAT binary)
\copy (SELECT 1, '\x01'::bytea || '{x} by ..') TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/aged_balance.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/aged_balance.bin"' (FORMAT binary)
\copy (SELECT 1, '\x01'::bytea || '{1} to ..') TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/aged_balance.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/aged_balance.bin"' (FORMAT binary)

-- A stored value of a later version or with damage is refused whoever reads it.
-- byteasend returns the bytes that it gets, whatever their type.
CREATE FUNCTION bytes(aged_balance) RETURNS bytea LANGUAGE internal STRICT AS 'byteasend';
CREATE FUNCTION unbytes(bytea) RETURNS aged_balance LANGUAGE internal STRICT AS 'byteasend';
SELECT unbytes(bytes('{1} by ..'));
\set VERBOSITY sqlstate
SELECT unbytes(set_byte(bytes('{1} by ..'), 0, 2));
SELECT total(unbytes(set_byte(bytes('{1} by ..'), 1, 1)));
SELECT '{1} by ..'::aged_balance + unbytes(bytes('{1} by ..') || '\x0000000000000000');
SELECT unbytes(bytes('{1} by ..') || '\x0000000000000000') + '{1} by ..';
SELECT aged_balance_accum(unbytes(set_byte(bytes('{1} by ..'), 0, 2)), 1, NULL, NULL, '..');
SELECT amounts(unbytes('\x'));
SELECT dunning.sum(unbytes(v)) FROM (VALUES (1, set_byte(bytes('{1} by ..'), 0, 2)), (2, bytes('{1} by ..'))) AS d (n, v);
\set VERBOSITY default
CREATE FUNCTION is_read(value bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN unbytes(value)::text;
EXCEPTION WHEN data_corrupted THEN
	RETURN NULL;
END $$;
CREATE TABLE whole AS SELECT bytes('{1e30, 2, 0.000001; undated 4; invalid NaN} by ..0, 1..30, 31.. "late"') AS v;
-- no beginning of a value is one, and a changed byte of the head or scheme is refused or read
SELECT count(*) > 100 AS cuts, count(is_read(substr(v, 1, len))) AS is_read
FROM whole, generate_series(0, length(v) - 1) AS len;
SELECT count(*) AS changed, count(*) FILTER (WHERE is_read(set_byte(v, at, byte)) = '') AS empty
FROM whole, generate_series(0, 99) AS at, unnest(ARRAY[0, 1, 2, 127, 128, 255]) AS byte;

--
-- At random, against sums with plain comparisons
--
CREATE TABLE item (customer int, amount numeric, due_on date);
SELECT setseed(0.125);
INSERT INTO item
SELECT (random() * 40)::int,
	CASE (random() * 12)::int
		WHEN 0 THEN NULL
		WHEN 1 THEN (random() * 10 ^ 15)::numeric * 10 ^ 15::numeric
		WHEN 2 THEN -(random() * 10 ^ 12)::numeric * 987654321987
		WHEN 3 THEN random()::numeric
		WHEN 4 THEN round(random()::numeric, 7) - 0.5
		WHEN 5 THEN 0.01
		WHEN 6 THEN -round((random() * 1000)::numeric, 3)
		WHEN 7 THEN (random() * 1000)::int
		WHEN 8 THEN 900000000000000 + (random() * 1000)::int
		ELSE round((random() * 10000)::numeric, 2) END,
	CASE (random() * 20)::int
		WHEN 0 THEN NULL
		WHEN 1 THEN 'infinity'
		WHEN 2 THEN '-infinity'
		WHEN 3 THEN '0001-01-01'
		WHEN 4 THEN '5874897-12-31'
		WHEN 5 THEN '4714-11-24 BC'
		ELSE date '2026-06-30' - (random() * 150)::int + 30 END
FROM generate_series(1, 8000);
-- customers whose amounts are nothing but cents, and others with what is no number
INSERT INTO item SELECT 100 + (random() * 40)::int, round((random() * 10000)::numeric, 2), date '2026-06-30' - (random() * 150)::int + 30
FROM generate_series(1, 4000);
INSERT INTO item SELECT 200 + (random() * 3)::int, (ARRAY['NaN', 'Infinity', '-Infinity', '1.5', '2.75'])[1 + (random() * 4)::int]::numeric,
	date '2026-06-30' - (random() * 150)::int + 30
FROM generate_series(1, 30);
INSERT INTO item SELECT 300, NULL, '2026-06-30' FROM generate_series(1, 3);
ANALYZE item;

-- days past due from lo to hi, written out
CREATE TABLE edge (scheme aging_scheme, bucket int, lo int, hi int);
INSERT INTO edge VALUES
	('30,60,90', 0, NULL, 0), ('30,60,90', 1, 1, 30), ('30,60,90', 2, 31, 60), ('30,60,90', 3, 61, 90), ('30,60,90', 4, 91, NULL),
	('..-8 "later", -7..0 "week", 1..1, 2..', 0, NULL, -8), ('..-8 "later", -7..0 "week", 1..1, 2..', 1, -7, 0),
	('..-8 "later", -7..0 "week", 1..1, 2..', 2, 1, 1), ('..-8 "later", -7..0 "week", 1..1, 2..', 3, 2, NULL),
	('..', 0, NULL, NULL),
	('..5, 6..', 0, NULL, 5), ('..5, 6..', 1, 6, NULL);
INSERT INTO edge SELECT '1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30', d, nullif(d, 0), nullif(d, 31)
FROM generate_series(0, 31) AS d;

-- What should come out: by customer, and for all (customer -1).  Amounts that
-- are no number or infinite are in no bucket, but in the total.
CREATE FUNCTION finite(amount numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT amount NOT IN ('NaN', 'Infinity', '-Infinity') $$;
CREATE TABLE expected AS
SELECT scheme, coalesce(customer, -1) AS customer, bucket, coalesce(sum(amount) FILTER (WHERE finite(amount) AND due_on IS NOT NULL
		AND (lo IS NULL OR due_on <= date '2026-06-30' - lo) AND (hi IS NULL OR due_on >= date '2026-06-30' - hi)), 0) AS amount
FROM edge, item GROUP BY scheme, bucket, ROLLUP (customer);
CREATE TABLE expected_total AS
SELECT coalesce(customer, -1) AS customer, sum(amount) AS total, coalesce(sum(amount) FILTER (WHERE finite(amount) AND due_on IS NULL), 0) AS undated,
	sum(amount) FILTER (WHERE NOT finite(amount)) AS invalid
FROM item GROUP BY ROLLUP (customer);

-- Nothing is missing, and each amount and its text are right.
CREATE FUNCTION differences(answers regclass) RETURNS TABLE (balances bigint, buckets bigint, wrong bigint, wrong_total bigint, wrong_text bigint)
	LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT count(DISTINCT (scheme, customer)), count(*),
			count(*) FILTER (WHERE CASE WHEN total IS NULL THEN b IS NOT NULL
				ELSE dunning.amount(b, e.bucket) IS DISTINCT FROM e.amount OR dunning.scheme(b) IS DISTINCT FROM scheme END),
			count(*) FILTER (WHERE dunning.total(b) IS DISTINCT FROM total OR dunning.undated(b) IS DISTINCT FROM undated AND total IS NOT NULL
				OR dunning.invalid(b) IS DISTINCT FROM invalid),
			count(*) FILTER (WHERE dunning.total(b)::text IS DISTINCT FROM total::text)
		FROM expected e LEFT JOIN %s a USING (scheme, customer) JOIN expected_total USING (customer)$q$, answers);
END $$;

-- The aggregate's answers, each scheme a constant as in a report.
SELECT string_agg(format('SELECT aging_scheme %1$L AS scheme, customer, aged_balance(amount, due_on, %2$L, %1$L) AS b FROM item GROUP BY customer
UNION ALL SELECT %1$L, -1, aged_balance(amount, due_on, %2$L, %1$L) FROM item', scheme, '2026-06-30'), E'\nUNION ALL ' ORDER BY scheme) AS answer
FROM (SELECT DISTINCT scheme FROM edge) AS s \gset
SET max_parallel_workers_per_gather = 0;
CREATE TABLE sequential AS :answer;
SELECT * FROM differences('sequential');

SET enable_hashagg = off;
CREATE TABLE sorted AS :answer;
RESET enable_hashagg;
SELECT * FROM differences('sorted');

-- In parallel: partial states of several workers are combined.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
SET parallel_leader_participation = off;
CREATE FUNCTION plan_nodes(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		RETURN NEXT substring(line FROM '(?:Partial|Finalize)');
	END LOOP;
END $$;
SELECT node FROM plan_nodes($$SELECT customer, dunning.aged_balance(amount, due_on, '2026-06-30', '30,60,90') FROM item GROUP BY customer$$) AS node
WHERE node IS NOT NULL;
SELECT node FROM plan_nodes($$SELECT dunning.aged_balance(amount, due_on, '2026-06-30', '30,60,90') FROM item$$) AS node
WHERE node IS NOT NULL;
SELECT node, count(*) > 0 AS used FROM plan_nodes(:'answer') AS node WHERE node IS NOT NULL GROUP BY node ORDER BY node;
CREATE TABLE parallel AS :answer;
SELECT * FROM differences('parallel');
SELECT count(*) AS texts, count(*) FILTER (WHERE p.b::text IS DISTINCT FROM s.b::text) AS different
FROM parallel p JOIN sequential s USING (scheme, customer);
\set VERBOSITY sqlstate
SELECT aged_balance(amount, due_on, '2026-06-30', CASE WHEN customer < 40 THEN aging_scheme '30' ELSE '60' END) FROM item;
\set VERBOSITY default
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
RESET parallel_leader_participation;

-- The order of the items does not matter, nor does what comes first.
SELECT count(DISTINCT b::text) AS texts
FROM (SELECT aged_balance(amount, due_on, '2026-06-30', '30' ORDER BY amount, due_on) FROM item WHERE customer < 200
      UNION ALL SELECT aged_balance(amount, due_on, '2026-06-30', '30' ORDER BY amount DESC NULLS FIRST, due_on DESC) FROM item WHERE customer < 200
      UNION ALL SELECT aged_balance(amount, due_on, '2026-06-30', '30' ORDER BY due_on, amount) FROM item WHERE customer < 200) AS o (b);

-- FILTER, DISTINCT, HAVING, ROLLUP.
SELECT customer FROM item GROUP BY customer
HAVING total(aged_balance(amount, due_on, '2026-06-30', '30') FILTER (WHERE due_on < '2026-06-30')) IS DISTINCT FROM sum(amount) FILTER (WHERE due_on < '2026-06-30');
SELECT customer, total(b), sum
FROM (SELECT customer, aged_balance(DISTINCT amount, due_on, date '2026-06-30', '30') AS b FROM item GROUP BY customer) AS a
JOIN (SELECT customer, sum(amount) FROM (SELECT DISTINCT customer, amount, due_on FROM item) AS i GROUP BY customer) AS i USING (customer)
WHERE total(b) IS DISTINCT FROM sum;
SELECT aged_balance(DISTINCT amount, due_on, date '2026-01-31', '30')
FROM (VALUES (10.00, date '2026-01-15'), (10.00, '2026-01-15'), (10.00, '2026-01-16'), (5, NULL), (5.00, NULL)) AS i (amount, due_on);
SELECT customer, aged_balance(amount, due_on, '2026-01-31', '30')
FROM (VALUES (1, 10.00, date '2026-01-15'), (1, 5, '2025-12-01'), (2, 1.5, NULL), (3, NULL, NULL)) AS i (customer, amount, due_on)
GROUP BY ROLLUP (customer) ORDER BY customer;
SELECT customer, total(aged_balance(amount, due_on, '2026-01-31', '30'))
FROM (VALUES (1, 10.00, date '2026-01-15'), (1, 5, '2025-12-01'), (2, 1.5, NULL)) AS i (customer, amount, due_on)
GROUP BY customer HAVING amount(aged_balance(amount, due_on, '2026-01-31', '30'), 2) > 0;

-- Over a window: growing, moving, and a whole partition; the total is the sum over the same frame.
CREATE TABLE in_order AS SELECT row_number() OVER () AS n, * FROM item WHERE customer >= 30 AND customer < 230 LIMIT 2000;
SELECT count(*) AS rows,
	count(*) FILTER (WHERE total(growing)::text IS DISTINCT FROM sum_growing::text) AS growing,
	count(*) FILTER (WHERE total(moving)::text IS DISTINCT FROM sum_moving::text) AS moving,
	count(*) FILTER (WHERE amount(moving, 1) IS DISTINCT FROM CASE WHEN sum_moving IS NOT NULL THEN coalesce(sum_moving_1, 0) END) AS moving_bucket,
	count(*) FILTER (WHERE total(whole)::text IS DISTINCT FROM sum_whole::text) AS whole,
	count(*) FILTER (WHERE total(excluding)::text IS DISTINCT FROM sum_excluding::text) AS excluding
FROM (SELECT aged_balance(amount, due_on, '2026-06-30', '30') OVER g AS growing, sum(amount) OVER g AS sum_growing,
		aged_balance(amount, due_on, '2026-06-30', '30') OVER m AS moving, sum(amount) OVER m AS sum_moving,
		sum(amount) FILTER (WHERE finite(amount) AND due_on < '2026-06-30' AND due_on >= '2026-05-31') OVER m AS sum_moving_1,
		aged_balance(amount, due_on, '2026-06-30', '30') OVER w AS whole, sum(amount) OVER w AS sum_whole,
		aged_balance(amount, due_on, '2026-06-30', '30') OVER x AS excluding, sum(amount) OVER x AS sum_excluding
      FROM in_order
      WINDOW g AS (PARTITION BY customer ORDER BY n), w AS (PARTITION BY customer),
		m AS (PARTITION BY customer ORDER BY n ROWS BETWEEN 3 PRECEDING AND 1 FOLLOWING),
		x AS (PARTITION BY customer ORDER BY n ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING EXCLUDE CURRENT ROW)) AS f;
-- a result that is kept is not changed by the rows after it
SELECT array_agg(b::text ORDER BY n) AS texts, array_agg(b ORDER BY n)::text[] = array_agg(b::text ORDER BY n) AS kept
FROM (SELECT n, aged_balance(n, '2026-01-01', '2026-01-02', '..') OVER (ORDER BY n) AS b FROM generate_series(1, 4) AS n) AS g;

-- A window that moves takes out what it took in, also decimals, and is empty again.
SELECT n, amount, aged_balance(amount, due_on, '2026-01-31', '30') OVER m AS moving, aged_balance(amount, due_on, '2026-01-31', '30') OVER gone AS gone
FROM (VALUES (1, 1.5, date '2026-01-01'), (2, 2.1234, NULL), (3, NULL, '2026-01-01'), (4, 3, '2026-01-31'), (5, 'NaN', '2026-01-01'), (6, 0.000001, '2026-01-01'),
	(7, 1e20, '2025-01-01'), (8, 4.0, '2025-01-01'), (9, 900000000000000, '2025-01-01'), (10, NULL, NULL)) AS i (n, amount, due_on)
WINDOW m AS (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), gone AS (ORDER BY n ROWS BETWEEN 2 PRECEDING AND 2 PRECEDING);
-- also where what is left no longer fits into one sum
SELECT n, amount, aged_balance(amount, NULL, NULL, '..') OVER w AS moving, sum(amount) OVER w
FROM (VALUES (1, 0.25), (2, 900000000000000), (3, 500000000000000), (4, 0.5), (5, 0.125)) AS i (n, amount) WINDOW w AS (ORDER BY n ROWS 1 PRECEDING);
SELECT count(*) AS rows, count(*) FILTER (WHERE total(b)::text IS DISTINCT FROM s::text) AS wrong
FROM (SELECT aged_balance(amount, due_on, '2026-06-30', '1 month, 2 months') OVER w AS b, sum(amount) OVER w AS s
      FROM in_order WINDOW w AS (ORDER BY n RANGE BETWEEN 20 PRECEDING AND 5 PRECEDING)) AS f;
SELECT count(*) AS rows, count(*) FILTER (WHERE b::text IS DISTINCT FROM a::text) AS wrong
FROM (SELECT n, aged_balance(amount, due_on, date '2026-01-31' + n::integer, '30,60') OVER (ORDER BY n ROWS BETWEEN 30 PRECEDING AND CURRENT ROW) AS b FROM in_order WHERE n <= 300) AS m
CROSS JOIN LATERAL (SELECT aged_balance(amount, due_on, date '2026-01-31' + i.n::integer, '30,60') AS a FROM in_order AS i WHERE i.n BETWEEN m.n - 30 AND m.n) AS f;
\set VERBOSITY sqlstate
SELECT aged_balance(1, '2026-01-01', '2026-01-01', s) OVER (ORDER BY n ROWS 1 PRECEDING) FROM (VALUES (1, aging_scheme '30'), (2, '60')) AS i (n, s);
SELECT aged_balance(1, '2026-01-01', '2026-01-01', NULL) OVER (ORDER BY n ROWS 1 PRECEDING) FROM generate_series(1, 2) AS n;
\set VERBOSITY default

-- A scheme that is a parameter, in a plan that is kept.
SET plan_cache_mode = force_generic_plan;
PREPARE by_scheme (date, aging_scheme) AS SELECT aged_balance(amount, due_on, $1, $2) FROM published;
EXECUTE by_scheme ('2017-12-31', '30,60');
EXECUTE by_scheme ('2017-12-31', '1 month, 2 months, 3 months');
EXECUTE by_scheme ('2017-11-30', '60');
DEALLOCATE by_scheme;
RESET plan_cache_mode;

-- Sums that no 64 bits hold go on.
SELECT aged_balance(amount, '2026-01-01', '2026-01-01', '..'), sum(amount) FROM (SELECT 900000000000000.25 * sign(n - 300)::numeric FROM generate_series(1, 5000) AS n) AS i (amount);

-- Schemes from a table, whose stored form is packed, and balances in one.
CREATE TABLE customer (customer int, scheme aging_scheme, balance aged_balance);
INSERT INTO customer SELECT c, CASE c % 2 WHEN 0 THEN aging_scheme '30,60,90' ELSE '..5, 6..' END FROM generate_series(0, 40) AS c;
UPDATE customer c SET balance = (SELECT aged_balance(amount, due_on, '2026-06-30', c.scheme) FROM item i WHERE i.customer = c.customer);
SELECT count(*), count(*) FILTER (WHERE c.balance = s.b AND c.balance::text = s.b::text) AS same
FROM customer c JOIN sequential s USING (scheme, customer);
SELECT count(*), count(*) FILTER (WHERE c.b = s.b) AS same
FROM (SELECT c.customer, c.scheme, aged_balance(amount, due_on, '2026-06-30', c.scheme) AS b
      FROM item JOIN customer c USING (customer) GROUP BY c.customer, c.scheme) AS c JOIN sequential s USING (scheme, customer);

-- Amounts as large as they can be are stored out of line and come back.
INSERT INTO good (literal) VALUES ('{1e131000, -1e131000, 0.1; undated 1e130000} by 30');
CREATE TABLE large AS SELECT literal::aged_balance AS b FROM good WHERE literal LIKE '%e131000%';
SELECT amount(b, 0) = '1e131000'::numeric AS first, amount(b, 1) + amount(b, 0) AS second, total(b) = '1e130000'::numeric + 0.1 AS total,
	b::text::aged_balance = b AS same FROM large;
SELECT total(aged_balance(x, NULL, NULL, '..')) = sum(x) AS same
FROM unnest(ARRAY['1e131071', '1e-16383', '-1e131071', '0.5']::numeric[]) AS x;
SELECT total(aged_balance(x, NULL, NULL, '..'))::text = sum(x)::text AS same
FROM unnest(ARRAY['1e-16383', '0.5', '0.00']::numeric[]) AS x;

--
-- Any scheme, any days: by group and in total, by grouping sets, and over any
-- frame, each amount beside a plain sum with a filter
--

-- The first due day of the bucket that an edge closes, by the calendar of the server.
CREATE FUNCTION first_day(as_of date, unit text, n int, shift int) RETURNS date LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	day timestamp := as_of;
BEGIN
	CASE unit
		WHEN 'days' THEN day := as_of - n;
		WHEN 'months' THEN day := day - n * interval '1 month';
		WHEN 'calendar months' THEN day := date_trunc('month', day) - (n - 1) * interval '1 month';
		WHEN 'rolling months' THEN
			day := day + interval '1 day';
			FOR i IN 1 .. n LOOP
				day := day - interval '1 month';
			END LOOP;
	END CASE;
	RETURN day::date - shift;
END $$;
CREATE TABLE any_scheme (scheme int, literal text);
CREATE TABLE any_edge (scheme int, k int, unit text, n int, shift int);
-- lists: every unit, closed on either side, today in each of its three places
SELECT setseed(0.625) \g /dev/null
CREATE TABLE list AS
SELECT i AS scheme, (ARRAY['days', 'months', 'calendar months', 'rolling months'])[1 + i % 4] AS unit, (ARRAY['', '; today late', '; today apart'])[1 + i / 4 % 3] AS today,
	(ARRAY['', 'under '])[1 + i / 12 % 2] AS under, CASE i % 4 WHEN 0 THEN 0 WHEN 2 THEN (random() * 10)::int ELSE (random() * 20)::int - 10 END AS shift,
	2 + (random() * 20)::int AS a, 1 + (random() * 20)::int AS b, 1 + (random() * 20)::int AS c
FROM generate_series(0, 47) AS i;
UPDATE list SET a = 1 + a % 3, b = 1 + b % 3, c = 1 + c % 3 WHERE unit <> 'days';
INSERT INTO any_scheme
SELECT scheme, under || string_agg(concat_ws(' ', n, unit, CASE WHEN shift > 0 THEN '+ ' || shift || ' days' WHEN shift < 0 THEN '- ' || -shift || ' days' END), ', ' ORDER BY n) || today
FROM list CROSS JOIN LATERAL unnest(ARRAY[a, a + b, a + b + c]) AS n GROUP BY scheme, under, today;
INSERT INTO any_edge
SELECT scheme, row_number() OVER (PARTITION BY scheme ORDER BY place, n) - 1, unit, n, shift
FROM (SELECT scheme, 0 AS place, 'days' AS unit, -1 AS n, 0 AS shift FROM list WHERE today <> ''
	UNION ALL SELECT scheme, 1, 'days', 0, 0 FROM list WHERE today <> '; today late'
	UNION ALL SELECT scheme, 2, unit, n, shift - length(under) / 6 FROM list CROSS JOIN LATERAL unnest(ARRAY[a, a + b, a + b + c]) AS n) AS e;
-- and ranges
INSERT INTO any_scheme VALUES (48, '..'), (49, '..-8 "later", -7..0 "week", 1..1, 2..'), (50, '..-1 month + 2 days, ..0, 1..15, ..1 month, ..90, ..'),
	(51, '..-1 calendar month "far", ..0 calendar months, ..1 calendar month, ..2 calendar months - 1 day, ..'), (52, '15, 1 rolling month, 60, 4 calendar months + 1 day');
INSERT INTO any_edge VALUES (49, 0, 'days', -8, 0), (49, 1, 'days', 0, 0), (49, 2, 'days', 1, 0),
	(50, 0, 'months', -1, 2), (50, 1, 'days', 0, 0), (50, 2, 'days', 15, 0), (50, 3, 'months', 1, 0), (50, 4, 'days', 90, 0),
	(51, 0, 'calendar months', -1, 0), (51, 1, 'calendar months', 0, 0), (51, 2, 'calendar months', 1, 0), (51, 3, 'calendar months', 2, -1),
	(52, 0, 'days', 0, 0), (52, 1, 'days', 15, 0), (52, 2, 'rolling months', 1, 0), (52, 3, 'days', 60, 0), (52, 4, 'calendar months', 4, 1);
SELECT count(DISTINCT literal::aging_scheme) > 40 AS schemes FROM any_scheme;

-- Half of the items are due at an edge, or a day beside it.  What has no bucket is in slot -1, what is no number in -2.
CREATE TABLE any_item AS
SELECT id, scheme, customer, g, as_of,
	CASE WHEN id % 17 = 0 THEN NULL
		WHEN id % 43 = 0 AND isfinite(as_of) IS NOT FALSE THEN 'infinity'
		WHEN id % 47 = 0 AND isfinite(as_of) IS NOT FALSE THEN '-infinity'
		WHEN id % 2 = 0 AND isfinite(as_of) THEN coalesce((SELECT first_day(as_of, unit, n, shift) FROM any_edge AS e WHERE e.scheme = i.scheme AND k = id % 7), as_of) + (random() * 2)::int - 1
		ELSE date '2025-01-01' + (random() * 500)::int END AS due_on, amount
FROM (SELECT id, (random() * 52)::int AS scheme, (random() * 6)::int AS customer, (random() * 25)::int AS g,
		CASE WHEN id % 53 = 0 THEN NULL WHEN id % 59 = 0 THEN 'infinity' WHEN id % 61 = 0 THEN '-infinity' WHEN id % 67 = 0 THEN '0044-03-31 BC'
			WHEN id % 5 = 0 THEN (ARRAY['2024-02-29', '2024-03-31', '2025-02-28', '2025-03-01', '2025-03-30', '2025-12-31']::date[])[1 + id % 6]
			ELSE date '2025-01-01' + (random() * 400)::int END AS as_of,
		CASE (random() * 12)::int
			WHEN 0 THEN NULL
			WHEN 1 THEN (random() * 1000)::int
			WHEN 2 THEN round((random() * 100 - 50)::numeric, 7)
			WHEN 3 THEN (random() * 2000 - 1000)::int * 1e12
			ELSE round((random() * 10000 - 3000)::numeric, 2) END AS amount
	FROM generate_series(1, 8000) AS id) AS i;
UPDATE any_item SET amount = (ARRAY['NaN', 'Infinity', '-Infinity'])[1 + id % 3]::numeric WHERE id % 31 = 0;
ALTER TABLE any_item ADD s aging_scheme, ADD slots int, ADD slot int;
UPDATE any_item AS i SET s = literal::aging_scheme, slots = (SELECT count(*) FROM any_edge AS e WHERE e.scheme = i.scheme) + 1,
	slot = CASE WHEN NOT finite(amount) THEN -2 WHEN due_on IS NULL OR as_of IS NULL THEN -1
		ELSE (SELECT count(*) FROM any_edge AS e WHERE e.scheme = i.scheme AND due_on < first_day(as_of, unit, n, shift)) END
FROM any_scheme AS l WHERE l.scheme = i.scheme;
ANALYZE any_item;
-- a range that no item is in would not be tested
SELECT count(*) FROM any_scheme AS l, generate_series(-2, 5) AS k
WHERE k <= (SELECT count(*) FROM any_edge AS e WHERE e.scheme = l.scheme) AND (scheme, k) NOT IN (SELECT scheme, slot FROM any_item WHERE amount IS NOT NULL AND slot IS NOT NULL);

-- The query that has the aggregate beside plain sums, with the same groups or
-- over the same window: whether there are balances enough, and how many are
-- missing or should not be, have another scheme, amounts or text of the total.
CREATE FUNCTION beside_sums(parts text, frame text DEFAULT '') RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT count(b) > 50 AS enough, count(*) FILTER (WHERE (items = 0) <> (b IS NULL)) AS nulls, count(*) FILTER (WHERE dunning.scheme(b) <> s) AS schemes,
			count(*) FILTER (WHERE dunning.amounts(b) <> array_remove(sums[:slots] || undated || invalid, NULL)) AS amounts, count(*) FILTER (WHERE dunning.total(b)::text <> total::text) AS totals
		FROM (SELECT s, slots, dunning.aged_balance(amount, due_on, as_of, s) %1$s AS b, count(amount) %1$s AS items, sum(amount) %1$s AS total, ARRAY[%2$s] AS sums,
			coalesce(sum(amount) FILTER (WHERE slot = -1) %1$s, 0) AS undated, sum(amount) FILTER (WHERE slot = -2) %1$s AS invalid FROM any_item %3$s) AS a',
		CASE WHEN frame <> '' THEN 'OVER w' END, string_agg(format('coalesce(sum(amount) FILTER (WHERE slot = %s) %s, 0)', k, CASE WHEN frame <> '' THEN 'OVER w' END), ', ' ORDER BY k),
		CASE WHEN frame <> '' THEN format('WINDOW w AS (%s %s)', parts, frame) ELSE 'GROUP BY s, slots, ' || parts END)
	FROM generate_series(0, 5) AS k
$$;

CREATE FUNCTION outcome(query text) RETURNS TABLE (enough boolean, nulls bigint, schemes bigint, amounts bigint, totals bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE query;
END $$;

-- By group and in total, hashed, sorted, and by several workers.
SET max_parallel_workers_per_gather = 0;
CREATE TABLE parts (parts text);
INSERT INTO parts VALUES ('customer'), ('()'), ('customer, as_of'), ('ROLLUP (customer, g)'), ('CUBE (customer, g)'), ('GROUPING SETS ((customer), (g, customer), (as_of), ())');
SELECT parts, o.* FROM parts, outcome(beside_sums(parts)) AS o;
SET enable_hashagg = off;
SELECT parts, o.* FROM parts, outcome(beside_sums(parts)) AS o;
RESET enable_hashagg;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
SET parallel_leader_participation = off;
SELECT beside_sums('customer') AS query \gset
SELECT node FROM plan_nodes(:'query') AS node WHERE node IS NOT NULL;
:query;
SELECT beside_sums('()') AS query \gset
SELECT node FROM plan_nodes(:'query') AS node WHERE node IS NOT NULL;
:query;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
RESET parallel_leader_participation;

-- The balances of customers, scheme by scheme, add up to that of all.
SELECT count(*) FROM (SELECT s, dunning.sum(b) AS b FROM (SELECT s, aged_balance(amount, due_on, as_of, s) AS b FROM any_item GROUP BY s, customer) AS c GROUP BY s) AS c
JOIN (SELECT s, aged_balance(amount, due_on, as_of, s) AS b FROM any_item GROUP BY s) AS a USING (s) WHERE c.b::text IS DISTINCT FROM a.b::text;

-- Over every kind of frame, some six rows of a scheme being peers.
SELECT frame, o.* FROM unnest(ARRAY['ROWS BETWEEN 3 PRECEDING AND 2 FOLLOWING', 'ROWS BETWEEN 4 PRECEDING AND 2 PRECEDING', 'ROWS BETWEEN 2 FOLLOWING AND 4 FOLLOWING',
	'ROWS UNBOUNDED PRECEDING', 'RANGE UNBOUNDED PRECEDING', 'RANGE BETWEEN 3 PRECEDING AND 1 PRECEDING', 'RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING',
	'GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING', 'GROUPS BETWEEN 2 PRECEDING AND 1 PRECEDING', 'GROUPS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING',
	'GROUPS 1 PRECEDING EXCLUDE CURRENT ROW', 'GROUPS 1 PRECEDING EXCLUDE TIES', 'GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE GROUP',
	'ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING EXCLUDE TIES', 'ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING EXCLUDE GROUP', 'RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES',
	'GROUPS 1 PRECEDING EXCLUDE NO OTHERS', 'ROWS 2 PRECEDING EXCLUDE NO OTHERS']) WITH ORDINALITY AS f (frame, n),
	outcome(beside_sums('PARTITION BY s ORDER BY g', frame)) AS o ORDER BY n;

DROP SCHEMA aged_balance_test CASCADE;
