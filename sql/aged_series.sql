-- The aggregate aged_series: aged balances on several dates at once, and its state.
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
CREATE SCHEMA aged_series_test;
SET search_path = aged_series_test, public, dunning, _dunning;

--
-- By hand
--

-- An invoice of 100 due on 10 February, of which 40 is paid on 1 March, and an undated credit.
SELECT ord, b FROM (
	SELECT aged_series(amount, on_day, due_on, '{2026-01-31,2026-02-28,2026-03-31,2026-04-30}', '30,60') AS s
	FROM (VALUES (100.00, date '2026-01-10', date '2026-02-10'), (-40, '2026-03-01', '2026-02-10'), (-5, '2026-02-28', NULL)) AS m (amount, on_day, due_on)) AS a,
	unnest(s) WITH ORDINALITY AS u (b, ord);
-- The same from histories; what was paid before the issue date counts from there.
SELECT ord, b FROM (
	SELECT aged_series(history, issued_on, due_on, '{2026-01-31,2026-02-28,2026-03-31,2026-04-30}', '30,60') AS s
	FROM (VALUES (balance_history '{2026-01-10: 100.00, 2026-03-01: -40}', date '2026-01-10', date '2026-02-10'),
		('{2026-01-10: -5}', '2026-02-28', NULL), ('{2026-01-10: 5, 2026-01-20: -5}', NULL, '2026-01-20'), ('{}', NULL, NULL), (NULL, NULL, NULL)) AS i (history, issued_on, due_on)) AS a,
	unnest(s) WITH ORDINALITY AS u (b, ord);
-- Months: from 31 January one month back is 31 December, from 28 February 28 January.
SELECT ord, b FROM (
	SELECT aged_series(amount, NULL, due_on, '{2026-01-31,2026-02-28,2026-03-31}', '1 month, 2 months') AS s
	FROM (VALUES (1, date '2025-12-31'), (10, '2026-01-28'), (100, '2026-02-28'), (1000, '2026-03-01')) AS m (amount, due_on)) AS a,
	unnest(s) WITH ORDINALITY AS u (b, ord);

-- What has no amount is left out; without a day it counts from the first date on, -infinity the same, infinity never.
SELECT ord, b FROM (
	SELECT aged_series(amount, on_day, due_on, '{2026-01-31,2026-02-28}', '30') AS s
	FROM (VALUES (NULL, date '2026-01-01', date '2026-01-01'), (1, NULL, '2026-01-31'), (10, '-infinity', '2026-01-31'), (100, 'infinity', '2026-01-31'),
		(1000, '2026-01-31', NULL), (10000, '2026-02-01', 'infinity'), (100000, '2026-01-31', '-infinity')) AS m (amount, on_day, due_on)) AS a,
	unnest(s) WITH ORDINALITY AS u (b, ord);
SELECT aged_series(NULL::numeric, on_day, on_day, '{2026-01-31}', '30') IS NULL AS nothing FROM (VALUES (date '2026-01-01')) AS m (on_day);
SELECT aged_series(1, on_day, on_day, '{2026-01-31}', '30') IS NULL AS nothing FROM (VALUES (date '2026-01-01')) AS m (on_day) WHERE false;
-- NaN and the infinities are kept apart and spoil no bucket.
SELECT ord, b, total(b) FROM (
	SELECT aged_series(amount, on_day, on_day, '{2026-01-31,2026-02-28,2026-03-31}', '30') AS s
	FROM (VALUES (1.5, date '2026-01-01'), ('Infinity', '2026-02-01'), ('-Infinity', '2026-03-01'), (0.123456789, '2026-02-15'), (1e30, '2026-02-15'), (-1e30, '2026-02-16')) AS m (amount, on_day)) AS a,
	unnest(s) WITH ORDINALITY AS u (b, ord);
-- Sums beyond 64 bits.
SELECT total(s[1]), total(s[2]) FROM (
	SELECT aged_series(amount, on_day, on_day, '{2026-01-31,2026-03-31}', '30') AS s
	FROM (SELECT 900000000000000.0001, date '2026-01-01' FROM generate_series(1, 5)) AS m (amount, on_day)) AS a;

-- Dates and scheme must be there, in order, the same for all, and not too many.
\set VERBOSITY sqlstate
SELECT aged_series(1, NULL, NULL, NULL, '30');
SELECT aged_series(1, NULL, NULL, '{2026-01-31}', NULL);
SELECT aged_series(1, NULL, NULL, '{2026-01-31,NULL}', '30');
SELECT aged_series(1, NULL, NULL, '{}', '30');
SELECT aged_series(1, NULL, NULL, '{{2026-01-31},{2026-02-28}}', '30');
SELECT aged_series(1, NULL, NULL, '{2026-02-28,2026-01-31}', '30');
SELECT aged_series(1, NULL, NULL, '{2026-01-31,2026-01-31}', '30');
SELECT aged_series(1, NULL, NULL, '{2026-01-31,infinity}', '30');
SELECT aged_series(1, NULL, NULL, '{0044-03-15 BC}', '30');
SELECT aged_series(movement(1, '2026-01-31'), NULL, NULL, '{10000-01-01}', '30');
SELECT aged_series(1, NULL, NULL, days, '..') FROM (SELECT array_agg(date '2000-01-01' + n) FROM generate_series(0, 10000) AS n) AS d (days);
SELECT aged_series(1, NULL, NULL, days, '1,2,3,4,5,6,7,8') FROM (SELECT array_agg(date '2000-01-01' + n) FROM generate_series(0, 9999) AS n) AS d (days);
SELECT aged_series(1, NULL, NULL, dates::date[], scheme::aging_scheme) FROM (VALUES ('{2026-01-31}', '30'), ('{2026-01-31}', '60')) AS m (dates, scheme);
SELECT aged_series(1, NULL, NULL, dates::date[], scheme::aging_scheme) FROM (VALUES ('{2026-01-31}', '30'), ('{2026-02-28}', '30')) AS m (dates, scheme);
SELECT aged_series(movement(1, '2026-01-31'), NULL, NULL, dates::date[], '30') FROM (VALUES ('{2026-01-31}'), ('{2026-01-31,2026-02-28}')) AS m (dates);
\set VERBOSITY default
SELECT cardinality(aged_series(1, NULL, NULL, days, '1,2,3,4,5,6,7')) FROM (SELECT array_agg(date '2000-01-01' + n) FROM generate_series(0, 9999) AS n) AS d (days);

--
-- Random movements: each balance beside plain SQL
--
SELECT setseed(0.3) \g /dev/null
CREATE TABLE item AS
SELECT i AS id, i % 150 AS customer,
	CASE WHEN random() < 0.97 THEN date '2024-01-01' + (random() * 900)::integer END AS issued_on,
	CASE WHEN random() < 0.02 THEN NULL WHEN random() < 0.01 THEN 'infinity' WHEN random() < 0.01 THEN '-infinity'
		ELSE date '2024-01-01' + (random() * 1000)::integer END AS due_on
FROM generate_series(1, 4000) AS i;
CREATE TABLE movement AS
SELECT i.*, CASE WHEN n = 0 THEN i.issued_on WHEN random() < 0.03 THEN NULL ELSE i.issued_on - 20 + (random() * 300)::integer END AS on_day,
	CASE WHEN random() < 0.02 THEN NULL
		WHEN i.customer < 50 THEN round(((random() - 0.4) * 10000)::numeric, 2)
		WHEN i.customer < 100 THEN round(((random() - 0.4) * 1e6)::numeric, (random() * 8)::integer)
		ELSE round(((random() - 0.5) * 10)::numeric * 10::numeric ^ (random() * 30)::integer, (random() * 6)::integer) END AS amount
FROM item AS i, generate_series(0, 3) AS n;
CREATE TABLE dates AS SELECT date '2024-01-15' + 31 * n AS day FROM generate_series(0, 33) AS n;
SELECT array_agg(day ORDER BY day) AS days FROM dates \gset

CREATE TABLE by_hand AS
SELECT customer, day, ARRAY[
	coalesce(sum(amount) FILTER (WHERE age <= 0), 0), coalesce(sum(amount) FILTER (WHERE age BETWEEN 1 AND 30), 0),
	coalesce(sum(amount) FILTER (WHERE age BETWEEN 31 AND 60), 0), coalesce(sum(amount) FILTER (WHERE age BETWEEN 61 AND 90), 0),
	coalesce(sum(amount) FILTER (WHERE age > 90), 0), coalesce(sum(amount) FILTER (WHERE age IS NULL), 0)] AS amounts
FROM (SELECT m.customer, d.day, m.amount,
		CASE m.due_on WHEN 'infinity' THEN -1 WHEN '-infinity' THEN 1000 ELSE d.day - m.due_on END AS age
	FROM movement AS m JOIN dates AS d ON (m.on_day <= d.day) IS NOT FALSE) AS m
GROUP BY customer, day;
CREATE FUNCTION differences(answer regclass) RETURNS TABLE (rows bigint, different bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format(
		'SELECT count(*), count(*) FILTER (WHERE amounts(a.balance) IS DISTINCT FROM coalesce(h.amounts, ''{0,0,0,0,0,0}''))
		FROM (SELECT customer, day, balance FROM %s, unnest(%L::date[], s) AS u (day, balance)) AS a
		LEFT JOIN by_hand AS h USING (customer, day)', answer, (SELECT array_agg(day ORDER BY day) FROM dates));
END $$;
SELECT count(*) FROM by_hand;

SELECT $$ SELECT customer, aged_series(amount, on_day, due_on, $$ || quote_literal(:'days') || $$, '30,60,90') AS s FROM movement GROUP BY customer $$ AS answer \gset
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
SELECT node FROM plan_nodes(:'answer') AS node WHERE node IS NOT NULL;
CREATE TABLE parallel AS :answer;
SELECT * FROM differences('parallel');
SELECT count(*) AS texts, count(*) FILTER (WHERE p.s::text IS DISTINCT FROM s.s::text) AS different FROM parallel AS p JOIN sequential AS s USING (customer);
\set VERBOSITY sqlstate
SELECT aged_series(amount, on_day, due_on, '{2026-01-31}', CASE WHEN customer < 75 THEN aging_scheme '30' ELSE '60' END) FROM movement;
\set VERBOSITY default
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
RESET parallel_leader_participation;

-- From histories of those items whose movements one can hold.
CREATE TABLE history AS
SELECT id, customer, issued_on, due_on, balance_history(amount, coalesce(on_day, '2024-01-01')) AS history
FROM movement WHERE customer < 100 AND amount IS NOT NULL AND (customer < 50 OR scale(amount) <= 8) GROUP BY 1, 2, 3, 4;
SELECT count(*) AS rows, count(*) FILTER (WHERE a.s[n] IS DISTINCT FROM b.b) AS different
FROM (SELECT customer, aged_series(history, issued_on, due_on, :'days', '1 month, 2 months, 6 months') AS s FROM history GROUP BY customer) AS a
JOIN (SELECT customer, row_number() OVER (PARTITION BY customer ORDER BY day) AS n, b
	FROM (SELECT h.customer, d.day, aged_balance(CASE WHEN (h.issued_on <= d.day) IS NOT FALSE THEN open_amount(h.history, d.day) ELSE 0 END, h.due_on, d.day, '1 month, 2 months, 6 months') AS b
		FROM history AS h CROSS JOIN dates AS d GROUP BY h.customer, d.day) AS b) AS b USING (customer);

-- FILTER, ORDER BY, DISTINCT, HAVING, windows and ROLLUP.
SELECT count(*) FROM movement AS m GROUP BY ROLLUP (customer)
HAVING total((aged_series(amount, on_day, due_on, '{2025-06-30}', '30') FILTER (WHERE id % 2 = 0))[1])
	IS DISTINCT FROM sum(amount) FILTER (WHERE id % 2 = 0 AND (on_day <= '2025-06-30') IS NOT FALSE);
SELECT count(DISTINCT s::text) FROM (
	SELECT aged_series(amount, on_day, due_on, :'days', '30' ORDER BY amount) AS s FROM movement
	UNION ALL SELECT aged_series(amount, on_day, due_on, :'days', '30' ORDER BY amount DESC NULLS FIRST, due_on) FROM movement) AS o;
SELECT total((aged_series(DISTINCT amount, on_day, date '2026-01-01', '{2026-01-31}', '30'))[1]) FROM (VALUES (1, date '2026-01-01'), (1, '2026-01-01'), (2, '2026-01-01')) AS m (amount, on_day);
SELECT amount, total((aged_series(amount, on_day, on_day, '{2026-01-31}', '30') OVER (ORDER BY amount ROWS 1 PRECEDING))[1]) FROM (VALUES (1, date '2026-01-01'), (2, '2026-01-01'), (4, '2026-01-01')) AS m (amount, on_day);
SELECT amount, total((aged_series(amount, on_day, on_day, '{2026-01-31}', '30') OVER (ORDER BY amount))[1]) FROM (VALUES (1, date '2026-01-01'), (2, '2026-01-01'), (4, '2026-01-01')) AS m (amount, on_day);

--
-- Any scheme, any dates: each amount of each date beside a plain sum
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
CREATE TABLE any_edge (s aging_scheme, k int, unit text, n int, shift int);
INSERT INTO any_edge VALUES ('..5, 6..', 0, 'days', 5, 0),
	('under 30,60; today apart', 0, 'days', -1, 0), ('under 30,60; today apart', 1, 'days', 0, 0), ('under 30,60; today apart', 2, 'days', 30, -1), ('under 30,60; today apart', 3, 'days', 60, -1),
	('1 month, 2 months', 0, 'days', 0, 0), ('1 month, 2 months', 1, 'months', 1, 0), ('1 month, 2 months', 2, 'months', 2, 0),
	('under 1 month + 3 days, 4 months; today late', 0, 'days', -1, 0), ('under 1 month + 3 days, 4 months; today late', 1, 'months', 1, 2), ('under 1 month + 3 days, 4 months; today late', 2, 'months', 4, -1),
	('1 rolling month, 3 rolling months', 0, 'days', 0, 0), ('1 rolling month, 3 rolling months', 1, 'rolling months', 1, 0), ('1 rolling month, 3 rolling months', 2, 'rolling months', 3, 0),
	('1 calendar month, 2 calendar months + 4 days; today apart', 0, 'days', -1, 0), ('1 calendar month, 2 calendar months + 4 days; today apart', 1, 'days', 0, 0),
	('1 calendar month, 2 calendar months + 4 days; today apart', 2, 'calendar months', 1, 0), ('1 calendar month, 2 calendar months + 4 days; today apart', 3, 'calendar months', 2, 4),
	('..-1 month + 2 days "far", ..0, 1..15, ..1 month, ..90, ..', 0, 'months', -1, 2), ('..-1 month + 2 days "far", ..0, 1..15, ..1 month, ..90, ..', 1, 'days', 0, 0),
	('..-1 month + 2 days "far", ..0, 1..15, ..1 month, ..90, ..', 2, 'days', 15, 0), ('..-1 month + 2 days "far", ..0, 1..15, ..1 month, ..90, ..', 3, 'months', 1, 0),
	('..-1 month + 2 days "far", ..0, 1..15, ..1 month, ..90, ..', 4, 'days', 90, 0);
CREATE TABLE any_scheme AS SELECT s, count(*) + 1 AS slots FROM any_edge GROUP BY s UNION ALL SELECT '..', 1;
SELECT count(*) FROM any_scheme;
-- days in order: a leap day, ends and beginnings of months, neighbours, and a gap of years
CREATE TABLE any_day AS SELECT day, row_number() OVER (ORDER BY day) AS n
FROM unnest(ARRAY['2020-02-29', '2024-02-28', '2024-02-29', '2024-03-01', '2024-03-30', '2024-03-31', '2024-04-30', '2024-05-01', '2024-05-17', '2024-12-31', '2025-01-01', '2025-02-28']::date[]) AS day;
SELECT array_agg(day ORDER BY day) AS days FROM any_day \gset
SELECT setseed(0.375) \g /dev/null
CREATE TABLE any_movement AS
SELECT m.*, CASE WHEN id % 19 = 0 THEN NULL WHEN id % 41 = 0 THEN 'infinity' WHEN id % 43 = 0 THEN '-infinity'
		WHEN id % 2 = 0 THEN coalesce((SELECT first_day(day, unit, e.n, shift) FROM any_edge AS e, any_day AS d WHERE e.s = m.s AND k = id % 5 AND d.n = 1 + id % 12), '2024-03-31') + (random() * 2)::int - 1
		ELSE date '2023-10-01' + (random() * 500)::int END AS due_on
FROM (SELECT id, (SELECT array_agg(s ORDER BY s) FROM any_scheme)[1 + (random() * 7)::int] AS s, (random() * 9)::int AS customer, (random() * 12)::int AS g,
		CASE WHEN id % 23 = 0 THEN NULL WHEN id % 47 = 0 THEN 'infinity' WHEN id % 53 = 0 THEN '-infinity'
			WHEN id % 3 = 0 THEN (SELECT day FROM any_day WHERE n = 1 + id % 12) + (random() * 2)::int - 1
			ELSE date '2024-01-01' + (random() * 430)::int END AS on_day,
		CASE (random() * 12)::int
			WHEN 0 THEN NULL
			WHEN 1 THEN (random() * 1000)::int
			WHEN 2 THEN round((random() * 100 - 50)::numeric, 7)
			WHEN 3 THEN (random() * 2000 - 1000)::int * 1e12
			WHEN 4 THEN (ARRAY['NaN', 'Infinity', '-Infinity', '1e25', '1e-9'])[1 + id % 5]::numeric
			ELSE round((random() * 10000 - 3000)::numeric, 2) END AS amount
	FROM generate_series(1, 2500) AS id) AS m;
-- Where a movement is on each of the days: NULL before its own, -1 without a due date, -2 if it is no number.
CREATE TABLE any_edge_day AS SELECT s, d.n, k, first_day(day, unit, e.n, shift) AS first_day FROM any_edge AS e, any_day AS d;
ALTER TABLE any_movement ADD slots int, ADD at int[];
UPDATE any_movement AS m SET slots = (SELECT slots FROM any_scheme AS l WHERE l.s = m.s), at = ARRAY(
	SELECT CASE WHEN NOT coalesce(on_day <= day, true) THEN NULL WHEN amount IN ('NaN', 'Infinity', '-Infinity') THEN -2 WHEN due_on IS NULL THEN -1
		ELSE (SELECT count(*) FROM any_edge_day AS e WHERE e.s = m.s AND e.n = d.n AND due_on < first_day) END
	FROM any_day AS d ORDER BY n);
ANALYZE any_movement;
CREATE FUNCTION sums(slot text, over_it text DEFAULT '') RETURNS text LANGUAGE sql AS $$
	SELECT format('array_remove((ARRAY[%s])[:slots] || coalesce(sum(amount) FILTER (WHERE %2$s = -1) %3$s, 0) || sum(amount) FILTER (WHERE %2$s = -2) %3$s, NULL)',
		string_agg(format('coalesce(sum(amount) FILTER (WHERE %s = %s) %s, 0)', slot, k, over_it), ', ' ORDER BY k), slot, over_it)
	FROM generate_series(0, 5) AS k
$$;
SELECT sums('at[n]') AS sums \gset
CREATE TABLE any_expected AS
SELECT s, coalesce(customer, -1) AS customer, coalesce(g, -1) AS g, GROUPING(customer, g) AS level, n, :sums AS amounts
FROM any_movement CROSS JOIN any_day GROUP BY s, slots, n, CUBE (customer, g) HAVING count(amount) > 0;
SELECT count(*) > 5000 AS enough FROM any_expected;

-- What an answer has too few or too many of, and how many amounts differ.
CREATE FUNCTION any_differences(answer text) RETURNS TABLE (missing bigint, more bigint, different bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('WITH a AS MATERIALIZED (%s)
		SELECT count(*) FILTER (WHERE b IS NULL), count(*) FILTER (WHERE e.amounts IS NULL), count(*) FILTER (WHERE dunning.amounts(b) <> e.amounts)
		FROM (SELECT s, coalesce(customer, -1) AS customer, coalesce(g, -1) AS g, level, n, b FROM a, unnest(series) WITH ORDINALITY AS u (b, n)) AS u
		FULL JOIN (SELECT * FROM any_expected WHERE level IN (SELECT level FROM a)) AS e USING (s, customer, g, level, n)', answer);
END $$;
SELECT format('aged_series(amount, on_day, due_on, %L::date[], s)', :'days') AS series \gset
CREATE TABLE parts (parts text);
INSERT INTO parts VALUES ('CUBE (customer, g)'), ('ROLLUP (customer, g)'), ('GROUPING SETS ((g), (g, customer))');
SET max_parallel_workers_per_gather = 0;
SELECT parts, d.* FROM parts, any_differences(format('SELECT s, customer, g, GROUPING(customer, g) AS level, %s AS series FROM any_movement GROUP BY s, %s', :'series', parts)) AS d;
SET enable_hashagg = off;
SELECT parts, d.* FROM parts, any_differences(format('SELECT s, customer, g, GROUPING(customer, g) AS level, %s AS series FROM any_movement GROUP BY s, %s', :'series', parts)) AS d;
RESET enable_hashagg;

SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
SET parallel_leader_participation = off;
SELECT format('SELECT s, customer, NULL::int AS g, 1 AS level, %s AS series FROM any_movement GROUP BY s, customer', :'series') AS answer \gset
SELECT node FROM plan_nodes(:'answer') AS node WHERE node IS NOT NULL;
CREATE TABLE any_by_customer AS :answer;
SELECT format('SELECT s, NULL::int AS customer, NULL::int AS g, 3 AS level, %s AS series FROM any_movement GROUP BY s', :'series') AS answer \gset
SELECT node FROM plan_nodes(:'answer') AS node WHERE node IS NOT NULL;
CREATE TABLE any_in_total AS :answer;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
RESET parallel_leader_participation;
SELECT * FROM any_differences('TABLE any_by_customer');
SELECT * FROM any_differences('TABLE any_in_total');

-- Over a window, on three of the days.
CREATE FUNCTION beside_sums(frame text) RETURNS TABLE (enough boolean, nulls bigint, amounts bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT count(series) > 300, count(*) FILTER (WHERE (items = 0) <> (series IS NULL)),
			count(*) FILTER (WHERE dunning.amounts(series[1]) <> first OR dunning.amounts(series[2]) <> second OR dunning.amounts(series[3]) <> third)
		FROM (SELECT slots, aged_series(amount, on_day, due_on, %L, s) OVER w AS series, count(amount) OVER w AS items, %s AS first, %s AS second, %s AS third
			FROM any_movement WHERE customer < 3 WINDOW w AS (PARTITION BY s ORDER BY g %s)) AS a',
		ARRAY(SELECT day FROM any_day WHERE n IN (3, 6, 10) ORDER BY n), sums('at[3]', 'OVER w'), sums('at[6]', 'OVER w'), sums('at[10]', 'OVER w'), frame);
END $$;
SELECT frame, o.* FROM unnest(ARRAY['ROWS BETWEEN 3 PRECEDING AND 2 FOLLOWING', 'ROWS UNBOUNDED PRECEDING', 'RANGE BETWEEN 1 PRECEDING AND CURRENT ROW', 'GROUPS BETWEEN 2 PRECEDING AND 1 PRECEDING',
	'GROUPS BETWEEN CURRENT ROW AND 1 FOLLOWING EXCLUDE CURRENT ROW', 'GROUPS 1 PRECEDING EXCLUDE TIES', 'GROUPS 1 PRECEDING EXCLUDE GROUP', 'ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING EXCLUDE TIES']) WITH ORDINALITY AS f (frame, n),
	beside_sums(frame) AS o ORDER BY n;

--
-- The state
--
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
CREATE TABLE good (n integer GENERATED ALWAYS AS IDENTITY, literal text);
INSERT INTO good (literal) VALUES
	('{2026-01-31: 1, 0} by ..'),
	('{2026-01-31: 1, 0, 0} by ..'),
	('{2026-01-31:1.5,2,0,NaN,;2026-02-28:0,0,0,0} by ..0, 1..'),
	('{2026-01-31: 1.5, 2, 0, NaN; 2026-02-28: -1.5, 1.5, 0.123456, -Infinity} by ..0 "not due", 1.. "late"'),
	('{2026-01-31: 100000000000000000000, 0, 0; 2026-02-28: -100000000000000000000, 1e-10, 0} by ..');
SELECT g.n, r.state, coalesce(r.detail, '') AS detail FROM good AS g CROSS JOIN LATERAL refusal(g.literal, 'aged_series_state') AS r WHERE r.state IS NOT NULL ORDER BY n;
DELETE FROM good WHERE n IN (1, 3);
SELECT n, literal::aged_series_state FROM good ORDER BY n;
SELECT n, aged_series_final(literal::aged_series_state) FROM good ORDER BY n;
SELECT count(*) FILTER (WHERE literal::aged_series_state::text::aged_series_state::text <> literal::aged_series_state::text) AS not_the_same FROM good;
SELECT literal, r.state, r.message, r.detail
FROM unnest(ARRAY['', '{', '{}', '{x: 1} by ..', '{2026-01-31 1, 0, 0} by ..', '{2026-01-31: , 0, 0} by ..', '{2026-01-31: 1, 0, 0', '{2026-01-31: 1, 0, 0}',
	'{2026-01-31: 1, 0, 0} of ..', '{2026-01-31: 1, 0, 0} by 0', '{2026-01-31: 1, 0, 0} by 30', '{2026-01-31: 1, 0, 0; 2026-01-31: 1, 0, 0} by ..',
	'{2026-02-30: 1, 0, 0} by ..', '{2026-01-31: x, 0, 0} by ..', '{2026-01-31: NaN, 0, 0} by ..', '{2026-01-31: 1, 0, 5} by ..', '{2026-01-31: 1, 0, 1e30} by ..']) AS literal
CROSS JOIN LATERAL refusal(literal, 'aged_series_state') AS r;
-- Called by themselves its functions check what they get, and change nothing.
SELECT aged_series_combine(s, s), aged_series_combine(s, NULL) IS NULL AS nothing, s
FROM (SELECT literal::aged_series_state AS s FROM good WHERE n = 4) AS g;
SELECT aged_series_accum(s, 5, '2026-02-01', '2026-02-01', '{2026-01-31,2026-02-28}', '..0 "not due", 1.. "late"'), s
FROM (SELECT literal::aged_series_state AS s FROM good WHERE n = 4) AS g;
\set VERBOSITY sqlstate
SELECT aged_series_combine(a.s, b.s) FROM (SELECT literal::aged_series_state AS s FROM good WHERE n = 4) AS a, (SELECT literal::aged_series_state AS s FROM good WHERE n = 2) AS b;
SELECT aged_series_accum(literal::aged_series_state, 5, '2026-02-01', '2026-02-01', '{2026-01-31,2026-02-28}', '..0, 1..') FROM good WHERE n = 4;
-- An aggregate of someone's own may begin with a state of other dates.
CREATE AGGREGATE other(numeric, date, date, date[], aging_scheme) (SFUNC = _dunning.aged_series_accum, STYPE = aged_series_state, INITCOND = '{2026-01-31: 1, 0, 0} by ..');
SELECT other(1, '2026-01-01', '2026-01-01', '{2026-01-31,2026-02-28}', '..');
SELECT other(1, '2026-01-01', '2026-01-01', '{2026-01-31}', '30');
SELECT other(1, '2026-01-01', '2026-01-01', '{2026-02-28}', '..');
SELECT other(1, '2026-01-01', '2026-01-01', '{2026-01-31}', '..');
\set VERBOSITY default
-- Binary form: the version and the text.
CREATE TABLE received (n integer, s aged_series_state);
\copy (SELECT n, literal::aged_series_state FROM good ORDER BY n) TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/aged_series.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/aged_series.bin"' (FORMAT binary)
SELECT count(*) AS rows, count(*) FILTER (WHERE r.s::text <> g.literal::aged_series_state::text) AS different FROM received AS r JOIN good AS g USING (n);
\set VERBOSITY sqlstate
\copy (SELECT 1, '\x02'::bytea || '{2026-01-31: 1, 0, 0} by ..') TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/aged_series.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/aged_series.bin"' (FORMAT binary)
\copy (SELECT 1, '\x01'::bytea || '{2026-01-31: x, 0, 0} by ..') TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/aged_series.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/aged_series.bin"' (FORMAT binary)
\set VERBOSITY default
\! rm -f "$PG_ABS_BUILDDIR/results/aged_series.bin"

DROP SCHEMA aged_series_test CASCADE;
