-- The due dates of a bucket: drill-down by index, and the range.
SET client_min_messages = warning;
CREATE SCHEMA range_test;
SET search_path = range_test, public, dunning, _dunning;
SET datestyle = 'ISO, YMD';

SELECT * FROM buckets('30,60,90', '2026-03-31');
SELECT * FROM buckets('1 month, 2 months, 3 months', '2026-03-31');
SELECT * FROM buckets('..-1 "not due", ..1 rolling month, ..2 rolling months, ..3 rolling months, ..', '2026-03-30');
SELECT * FROM buckets('1 calendar month, 2 calendar months', '2026-03-15');
-- on the first day of a month nothing of it has passed
SELECT * FROM buckets('1 calendar month, 2 calendar months', '2026-03-01');
SELECT * FROM buckets('..', '2026-03-01');
SELECT * FROM buckets('30', 'infinity');
SELECT * FROM buckets('..-8, -7..0, ..1 month, ..', '-infinity');
SELECT * FROM buckets('30', '5874897-12-31');
SELECT * FROM buckets('..-8, -7..0, 1..', '4714-11-24 BC');

-- A bucket that the scheme does not have has no day.
SELECT bucket, bucket_range('30', bucket, '2026-01-01'), in_aging_bucket('2026-01-01', '2026-01-01', bucket, '30'),
	aging_bucket_from('2026-01-01', bucket, '30') > aging_bucket_to('2026-01-01', bucket, '30') AS no_day
FROM unnest(ARRAY[-1, 3, 2147483647, -2147483648]) AS bucket;
-- A null is null, that of an item without a due date too, as its bucket is.
SELECT in_aging_bucket(NULL, '2026-01-01', 0), in_aging_bucket('2026-01-01', NULL, 0), in_aging_bucket('2026-01-01', '2026-01-01', NULL),
	in_aging_bucket('2026-01-01', '2026-01-01', 0, NULL), aging_bucket(NULL, '2026-01-01'), bucket_range('30', NULL, '2026-01-01'), bucket_range(NULL, 0, '2026-01-01');

--
-- At random: the function, what the planner makes of it, the bucket and the
-- range say the same.
--
CREATE TABLE scheme (n int GENERATED ALWAYS AS IDENTITY, s aging_scheme);
INSERT INTO scheme (s) VALUES ('30,60,90'), ('..'), ('..0, 1..'), ('..-8 "later", -7..0 "week", 1..1, 2..'), ('1 month, 2 months, 3 months'),
	('..-1, ..1 rolling month, ..2 rolling months - 1 day, ..'), ('..0, ..1 calendar month, ..2 calendar months, ..'),
	('..-1 month, ..0, 1..15, ..1 month, ..90, ..'), ('1,2,3,4,5,6,7,8,9,10,11,12,13,14,15'), ('..-100000, -99999..99999, 100000..');
CREATE TABLE day (as_of date, due_on date);
SELECT setseed(0.75);
INSERT INTO day SELECT o, o - (random() * 200)::int + 60 FROM (SELECT date '2023-12-01' + (random() * 1200)::int FROM generate_series(1, 300)) AS r (o);
INSERT INTO day SELECT o, d
FROM unnest(ARRAY['infinity', '-infinity', '4714-11-24 BC', '0001-03-31', '2024-02-29', '2026-03-31', '5874897-12-31']::date[]) AS o,
	unnest(ARRAY['infinity', '-infinity', NULL, '4714-11-24 BC', '4713-01-31 BC', '2024-01-31', '2024-02-29', '2024-03-01', '2026-02-28', '2026-03-31', '5874897-12-30', '5874897-12-31']::date[]) AS d;
SELECT count(*) AS asked,
	count(*) FILTER (WHERE in_aging_bucket(due_on, as_of, k, s) IS DISTINCT FROM (aging_bucket(due_on, as_of, s) = k)) AS by_bucket,
	count(*) FILTER (WHERE in_aging_bucket(due_on, as_of, k, s) IS DISTINCT FROM due_on <@ bucket_range(s, k, as_of)) AS by_range,
	count(*) FILTER (WHERE in_aging_bucket(due_on, as_of, k, s) IS DISTINCT FROM (due_on >= aging_bucket_from(as_of, k, s) AND due_on <= aging_bucket_to(as_of, k, s))) AS by_ends,
	count(*) FILTER (WHERE (random() < 2 AND in_aging_bucket(CASE WHEN random() < 2 THEN due_on END, as_of, k, s)) IS DISTINCT FROM (aging_bucket(due_on, as_of, s) = k)) AS as_a_call
FROM scheme, day, generate_series(-1, 6) AS k;
-- the same with every argument but the due date a constant, in one statement:
-- it may have a worker of its own
CREATE FUNCTION wrong() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	sum bigint;
	query text;
BEGIN
	SELECT string_agg(format('SELECT count(*) AS n FROM range_test.day WHERE dunning.in_aging_bucket(due_on, %1$L, %2$s, %3$L) IS DISTINCT FROM (dunning.aging_bucket(due_on, %1$L, %3$L) = %2$s)',
		o.as_of, k, s), ' UNION ALL ') INTO query
	FROM range_test.scheme, generate_series(0, 5) AS k,
		(SELECT DISTINCT as_of FROM range_test.day WHERE as_of NOT BETWEEN '2023-01-01' AND '2029-01-01' OR as_of IN ('2024-02-29', '2026-03-31')) AS o;
	EXECUTE 'SELECT sum(n) FROM (' || query || ') AS each' INTO sum;
	RETURN sum;
END $$;
SELECT wrong();
-- ranges follow one another without a gap, and cover every day
SELECT count(*) AS buckets, count(*) FILTER (WHERE NOT isempty(b.due_on) AND upper(b.due_on) IS DISTINCT FROM above) AS gaps,
	count(*) FILTER (WHERE bucket = 0 AND NOT upper_inf(b.due_on)) AS first, count(*) FILTER (WHERE bucket = last AND NOT lower_inf(b.due_on)) AS last
FROM (SELECT b.*, lag(lower(b.due_on)) OVER (PARTITION BY s, as_of ORDER BY bucket) AS above, max(bucket) OVER (PARTITION BY s) AS last
      FROM scheme, (SELECT DISTINCT as_of FROM day WHERE as_of BETWEEN '2023-12-01' AND '2024-04-01') AS o, buckets(s, as_of) AS b
      WHERE s::text NOT LIKE '%calendar%') AS b;

--
-- The plan is that of the comparisons
--
CREATE TABLE item (id int PRIMARY KEY, due_on date, amount numeric);
INSERT INTO item SELECT i, CASE WHEN i % 100 > 0 THEN date '2020-01-01' + i % 3000 END, i FROM generate_series(1, 20000) AS i;
CREATE INDEX item_due_on ON item (due_on);
ANALYZE item;
SET enable_bitmapscan = off;
SET max_parallel_workers_per_gather = 0;
EXPLAIN (COSTS OFF) SELECT * FROM item WHERE due_on >= '2025-11-02' AND due_on <= '2025-12-01';
EXPLAIN (COSTS OFF) SELECT * FROM item WHERE in_aging_bucket(due_on, '2026-01-01', 2);
EXPLAIN (COSTS OFF) SELECT * FROM item WHERE in_aging_bucket(due_on, '2028-01-01', 0, '1 month, 2 months');
EXPLAIN (COSTS OFF) SELECT * FROM item WHERE in_aging_bucket(due_on, '2020-03-01', 2, '15, 1 month');
EXPLAIN (COSTS OFF) SELECT * FROM item WHERE in_aging_bucket(due_on, '2026-01-01', 2, '1 month, 2 months') AND amount > 5;
-- a day that is known when the query runs
EXPLAIN (COSTS OFF) SELECT * FROM item WHERE in_aging_bucket(due_on, today(), 2);
EXPLAIN (COSTS OFF) SELECT * FROM item WHERE in_aging_bucket(due_on, _dunning.real_day(), 2, '1 month, 2 months');
-- a subquery that does not depend on the row is done once for each comparison; one that does is left as it is
CREATE FUNCTION indexed(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
	found boolean := false;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		found := found OR line ~ 'Index Cond: .*due_on >= (dunning.)?aging_bucket_from.* AND .*due_on <= (dunning.)?aging_bucket_to';
	END LOOP;
	RETURN found;
END $$;
SELECT indexed('SELECT * FROM item WHERE in_aging_bucket(due_on, ''2026-01-01'', 2, (SELECT scheme FROM dunning.scheme WHERE name = ''tryton''))') AS scheme,
	indexed('SELECT * FROM item WHERE in_aging_bucket(due_on, (SELECT max(due_on) FROM item), 2)') AS as_of,
	indexed('SELECT * FROM item AS i WHERE in_aging_bucket(due_on, ''2026-01-01'', 2, (SELECT s.scheme FROM dunning.scheme AS s WHERE s.name = i.amount::text))') AS correlated;
SELECT count(*) FROM item WHERE in_aging_bucket(due_on, '2026-01-01', 2, (SELECT scheme FROM dunning.scheme WHERE name = 'tryton'));
-- tryton: from 30 to 59 days
SELECT count(*) FROM item WHERE due_on <= date '2026-01-01' - 30 AND due_on >= date '2026-01-01' - 59;
SET plan_cache_mode = force_generic_plan;
PREPARE drill (date, int, aging_scheme) AS SELECT count(*) FROM item WHERE in_aging_bucket(due_on, $1, $2, $3);
EXPLAIN (COSTS OFF) EXECUTE drill ('2026-01-01', 2, '1 month, 2 months');
EXECUTE drill ('2026-01-01', 2, '1 month, 2 months');
EXECUTE drill ('2026-01-01', 7, '1 month, 2 months');
EXECUTE drill (NULL, 2, '30');
SELECT count(*) FROM item WHERE due_on < '2025-12-01' AND due_on >= '2025-11-01';
DEALLOCATE drill;
RESET plan_cache_mode;
-- a bucket that is not there, and what changes from call to call, are left as they are
EXPLAIN (COSTS OFF) SELECT * FROM item WHERE in_aging_bucket(due_on, '2026-01-01', 9);
EXPLAIN (COSTS OFF) SELECT * FROM item WHERE in_aging_bucket(due_on + (random() * 3)::int, '2026-01-01', 2);
-- the estimate is that of the comparison
CREATE FUNCTION estimate(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	EXECUTE 'EXPLAIN ' || query INTO line;
	RETURN substring(line FROM 'rows=\d+');
END $$;
SELECT estimate('SELECT * FROM item WHERE in_aging_bucket(due_on, ''2026-01-01'', 2)') = estimate('SELECT * FROM item WHERE due_on >= ''2025-11-02'' AND due_on <= ''2025-12-01''') AS same;
-- partitions are left out
CREATE TABLE part (due_on date) PARTITION BY RANGE (due_on);
CREATE TABLE part_2024 PARTITION OF part FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE part_2025 PARTITION OF part FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
EXPLAIN (COSTS OFF) SELECT * FROM part WHERE in_aging_bucket(due_on, '2025-12-31', 1);
-- from a report to its items and back
SELECT b.bucket, b.amount = sum(i.amount) AS same
FROM (SELECT aged_balance(amount, due_on, '2026-01-01', '1 month, 2 months') FROM item) AS a (balance), buckets(balance) AS b
JOIN item AS i ON in_aging_bucket(i.due_on, '2026-01-01', b.bucket, '1 month, 2 months')
GROUP BY b.bucket, b.amount ORDER BY b.bucket;
RESET enable_bitmapscan;
RESET max_parallel_workers_per_gather;

-- PL/pgSQL keeps its call sites while its variables change.
DO $$
DECLARE
	r record;
	s dunning.aging_scheme;
	o date;
	found text := '';
BEGIN
	FOR r IN SELECT * FROM (VALUES (1, '30', date '2026-01-01'), (2, '1 month, 2 months', '2026-01-01'), (3, '5', '2026-01-01'), (4, '5', '2025-11-30'), (5, '30', '2026-03-01')) AS v (n, s, o) ORDER BY n LOOP
		s := r.s;
		o := r.o;
		found := found || ' ' || dunning.aging_bucket('2025-11-30', o, s);
	END LOOP;
	IF found <> ' 2 2 2 0 2' THEN
		RAISE EXCEPTION 'got%', found;
	END IF;
END $$;

RESET datestyle;
DROP SCHEMA range_test CASCADE;
