-- rate_history: histories computed from histories. Text, binary and rate_on are in penalty.sql.
SET search_path = public;
SET datestyle = 'ISO, YMD';
\pset null '(null)'

-- 1. the law of some countries, from their published base rates
CREATE TEMP TABLE base_rate (name text PRIMARY KEY, history dunning.rate_history NOT NULL);
INSERT INTO base_rate VALUES
	-- European Central Bank, main refinancing operations
	('ecb', 'ecb_mro {2022-12-21: 2.50, 2023-02-08: 3.00, 2023-03-22: 3.50, 2023-05-10: 3.75, 2023-06-21: 4.00, 2023-08-02: 4.25, 2023-09-20: 4.50,
		2024-06-12: 4.25, 2024-09-18: 3.65, 2024-10-23: 3.40, 2024-12-18: 3.15, 2025-02-05: 2.90, 2025-03-12: 2.65, 2025-04-23: 2.40, 2025-06-11: 2.15,
		2026-06-17: 2.40} until 2026-08-23'),
	-- Bank of England, Bank Rate
	('boe', 'boe {2024-11-07: 4.75, 2025-02-06: 4.50, 2025-05-08: 4.25, 2025-08-07: 4.00, 2025-12-18: 3.75} until 2026-08-23'),
	-- France, legal rate between professionals
	('legal', 'fr_legal {2024-01-01: 5.07, 2024-07-01: 4.92, 2025-01-01: 3.71, 2025-07-01: 2.76} until 2025-12-31');
-- France: the rate of the first day of the half-year plus ten points: 2023-S1 12.50, 2024-S1 14.50, 2025-S1 13.15, 2026-S1 12.15, 2026-S2 12.40
SELECT r.* FROM base_rate AS b, dunning.rates(dunning.sampled(b.history, 'half-year') + 10) AS r WHERE b.name = 'ecb';
-- United Kingdom: the rate of 30 June and 31 December plus eight points: 12.25 from 2025-07-01 on
SELECT dunning.sampled(history, 'half-year', 'day before') + 8 FROM base_rate WHERE name = 'boe';
-- Belgium: plus eight points, raised to the half point: 10.40 gives 10.50 and 8.15 gives 8.50
SELECT dunning.rounded_up(8 + dunning.sampled(history, 'half-year'), 0.5) FROM base_rate WHERE name = 'ecb';
SELECT dunning.rounded_up('{2015-01-01: 8.05, 2016-01-01: 8.15, 2026-07-01: 10.40, 2027-01-01: 10.50, 2027-07-01: -0.3, 2028-01-01: -0.88, 2029-01-01: -1.5, 2029-07-01: 0.000001}', 0.5);
-- three times the legal rate of France: 4.92 gives 14.76, 2.76 gives 8.28
SELECT 3 * history, history * 3 = 3 * history AS same FROM base_rate WHERE name = 'legal';
-- whichever is larger, the legal minimum or what the contract says
SELECT dunning.higher_of(history * 3, 'contract {2020-01-01: 12}') FROM base_rate WHERE name = 'legal';

-- 2. ends, names and what equal neighbours become
SELECT e AS every, d AS on_day, dunning.sampled('s {2026-02-10: 1, 2026-03-31: 2, 2026-07-01: 3} until 2026-12-31', e, d)
FROM (VALUES (1, 'month'), (2, 'quarter'), (3, 'half-year'), (4, 'year'), (5, 'HALF-YEAR')) AS p (i, e), (VALUES ('first day'), ('day before')) AS q (d)
WHERE e <> 'year' OR d = 'day before'
ORDER BY i, d DESC;
SELECT dunning.sampled('ecb {2025-06-11: 2.15, 2026-06-17: 2.40}', 'half-year') AS endless, dunning.sampled('{2026-01-01: 1} until 2026-01-01', 'year') AS one_day,
	dunning.sampled('{2026-01-01: 1, 2026-07-01: 1} until 2026-07-01', 'half-year') AS merged;
SELECT h AS history, dunning.first_day(h), dunning.last_day(h), dunning.series(h)
FROM (VALUES ('ecb {2025-06-11: 2.15, 2026-06-17: 2.40} until 2026-08-23'::dunning.rate_history), ('{2025-06-11: 2.15}'), (NULL)) AS v (h);
SELECT '{2026-01-01: 1, 2026-02-01: 1, 2026-03-01: 2}'::dunning.rate_history + 0 AS plus, '{2026-01-01: 1, 2026-02-01: -1}'::dunning.rate_history * 0 AS times,
	's {2026-01-01: 1} until 2026-06-30'::dunning.rate_history - 1.000001 AS minus;
-- a result of greatest has the name of the history that ends first
SELECT dunning.higher_of('a {2026-01-01: 1, 2026-06-01: 5} until 2026-12-31', 'b {2026-03-01: 3} until 2026-09-30') AS b_ends,
	dunning.higher_of('a {2026-01-01: 1}', 'b {2026-03-01: 3} until 2026-09-30') AS only_b_ends, dunning.higher_of('a {2026-01-01: 1}', 'b {2026-03-01: 3}') AS none_ends;
SELECT r AS days, dunning.restricted('s {2026-01-01: 1, 2026-06-01: 5} until 2026-12-31', r)
FROM (VALUES (1, '[2026-03-01,2026-06-01)'::daterange), (2, '[2026-03-01,2026-06-01]'), (3, '(2026-05-31,)'), (4, '(,2026-01-01]'), (5, '(,)'),
	(6, '[-infinity,infinity]'), (7, '[2026-02-01,infinity)'), (8, '[2000-01-01,2100-01-01)')) AS v (i, r) ORDER BY i;
SELECT dunning.restricted('s {2026-01-01: 1}', '(,9999-12-31]') AS ends_now, dunning.restricted('s {2026-01-01: 1}', '[2027-01-01,)') AS endless;
-- NULL in, NULL out
SELECT NULL::dunning.rate_history + 1 AS a, '{2026-01-01: 1}'::dunning.rate_history * NULL AS b, dunning.sampled('{2026-01-01: 1}', NULL) AS c,
	dunning.higher_of('{2026-01-01: 1}', NULL) AS d, dunning.restricted('{2026-01-01: 1}', NULL) AS e, dunning.rounded_up('{2026-01-01: 1}', NULL) AS f;
-- a rule takes it as it is
SELECT dunning.late_interest(10000, '2026-04-30', '2026-08-31', (dunning.sampled(history, 'half-year') + 10)::text::dunning.penalty_rule) FROM base_rate WHERE name = 'ecb';

-- 3. errors
CREATE FUNCTION pg_temp.raises(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text; hint text;
BEGIN
	EXECUTE query INTO message;
	RETURN 'gives ' || message;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', state, message, nullif(detail, ''), nullif(hint, ''));
END $$;
-- the operand
SELECT n AS operand, pg_temp.raises(format('SELECT ''{2026-01-01: 1}''::dunning.rate_history + %L::numeric', n)) AS plus
FROM (VALUES (1, '0.0000001'), (2, '1.50000000'), (3, '1000.000001'), (4, '-1001'), (5, 'NaN'), (6, '-Infinity'), (7, '1e30'), (8, '1e-30'), (9, '-1000')) AS v (i, n) ORDER BY i;
SELECT pg_temp.raises($$SELECT '{2026-01-01: 1}'::dunning.rate_history - 0.0000001$$);
SELECT pg_temp.raises($$SELECT '{2026-01-01: 1}'::dunning.rate_history * 1000.1$$);
SELECT pg_temp.raises($$SELECT dunning.rounded_up('{2026-01-01: 1}', 'NaN')$$);
-- the result
SELECT pg_temp.raises($$SELECT '{2026-01-01: 1}'::dunning.rate_history + 999.000001$$);
SELECT pg_temp.raises($$SELECT '{2026-01-01: 1}'::dunning.rate_history + 999$$);
SELECT pg_temp.raises($$SELECT 'x {2026-01-01: -1}'::dunning.rate_history - 1000$$);
SELECT pg_temp.raises($$SELECT '{2026-01-01: 500}'::dunning.rate_history * -2.1$$);
SELECT pg_temp.raises($$SELECT '{2026-01-01: 0.25}'::dunning.rate_history * 0.00001$$);
SELECT pg_temp.raises($$SELECT '{2026-01-01: 0.25}'::dunning.rate_history * 0.0001$$);
SELECT pg_temp.raises($$SELECT dunning.rounded_up('{2026-01-01: 999}', 7)$$);
SELECT pg_temp.raises($$SELECT dunning.rounded_up('{2026-01-01: 1}', 0)$$);
SELECT pg_temp.raises($$SELECT dunning.rounded_up('{2026-01-01: 1}', -0.5)$$);
-- names of periods and days
SELECT pg_temp.raises($$SELECT dunning.sampled('{2026-01-01: 1}', 'semester')$$);
SELECT pg_temp.raises($$SELECT dunning.sampled('{2026-01-01: 1}', '')$$);
SELECT pg_temp.raises($$SELECT dunning.sampled('{2026-01-01: 1}', 'year', 'last day')$$);
-- no day
SELECT pg_temp.raises($$SELECT dunning.sampled('ecb {2026-01-02: 1, 2026-03-01: 2} until 2026-06-30', 'half-year')$$);
SELECT pg_temp.raises($$SELECT dunning.sampled('{2026-01-02: 1} until 2026-06-29', 'half-year', 'day before')$$);
SELECT pg_temp.raises($$SELECT dunning.sampled('{2026-01-02: 1} until 2026-06-30', 'half-year', 'day before')$$);
SELECT pg_temp.raises($$SELECT dunning.higher_of('a {2026-01-01: 1} until 2026-06-30', 'b {2026-07-01: 1}')$$);
SELECT pg_temp.raises($$SELECT dunning.restricted('{2026-01-01: 1} until 2026-06-30', '[2026-07-01,)')$$);
SELECT pg_temp.raises($$SELECT dunning.restricted('{2026-01-01: 1} until 2026-06-30', '(,2026-01-01)')$$);
SELECT pg_temp.raises($$SELECT dunning.restricted('{2026-01-01: 1} until 2026-06-30', 'empty')$$);
SELECT pg_temp.raises($$SELECT dunning.restricted('{2026-01-01: 1}', '(,-infinity]')$$);
SELECT pg_temp.raises($$SELECT dunning.restricted('{2026-01-01: 1}', '[infinity,)')$$);
-- no literal could say it
SELECT pg_temp.raises($$SELECT dunning.restricted('{2026-01-01: 1}', '(,10000-01-01]')$$);
SELECT pg_temp.raises($$SELECT dunning.restricted('{2026-01-01: 1}', '[10000-01-01,)')$$);
-- too many
SELECT pg_temp.raises($$
	SELECT dunning.first_day(dunning.higher_of(format('{%s}', string_agg(to_char(d, 'YYYY-MM-DD') || ': ' || i, ', ' ORDER BY i) FILTER (WHERE i & 1 = 0))::dunning.rate_history,
		format('{%s}', string_agg(to_char(d, 'YYYY-MM-DD') || ': ' || i, ', ' ORDER BY i) FILTER (WHERE i & 1 = 1))::dunning.rate_history))
	FROM (SELECT i, '2020-01-01'::date + i AS d FROM generate_series(-500, 501) AS i) AS s$$);
-- past either end the error names the series of the base
SELECT pg_temp.raises($$SELECT dunning.rate_on(dunning.sampled(history, 'half-year') + 10, '2027-01-01') FROM base_rate WHERE name = 'ecb'$$);
SELECT pg_temp.raises($$SELECT dunning.rate_on(dunning.rounded_up(history * 3, 0.5), '2023-12-31') FROM base_rate WHERE name = 'legal'$$);
SELECT pg_temp.raises($$SELECT dunning.rate_on(dunning.higher_of('a {2026-01-01: 1} until 2026-12-31', 'b {2026-03-01: 3} until 2026-09-30'), '2026-10-01')$$);

-- 4. random histories against plain SQL, day by day
SELECT setseed(0.27);
-- steps of 40 histories, the last known day of which is NULL for every fourth
CREATE TEMP TABLE step AS
	SELECT h, from_day, lead(from_day) OVER (PARTITION BY h ORDER BY from_day) - 1 AS to_day, rate
	FROM (SELECT DISTINCT ON (h, from_day) h, from_day, rate
		FROM (SELECT h, '2019-01-01'::date + (h * 10) + (random() * (CASE WHEN h % 5 = 0 THEN 100 ELSE 1500 END))::integer AS from_day,
				CASE WHEN h % 3 = 0 THEN (random() * 4)::integer - 2 ELSE round((random() * 12 - 3)::numeric, (random() * 5)::integer) END AS rate
			FROM generate_series(1, 40) AS h, generate_series(1, 12)) AS r
		ORDER BY h, from_day, rate) AS s;
CREATE TEMP TABLE base AS
	SELECT h, CASE WHEN h % 4 > 0 THEN max(from_day) + h * 7 % 200 END AS last_day,
		format('h%s {%s}%s', h, string_agg(to_char(from_day, 'YYYY-MM-DD') || ': ' || rate, ', ' ORDER BY from_day),
			CASE WHEN h % 4 > 0 THEN ' until ' || to_char(max(from_day) + h * 7 % 200, 'YYYY-MM-DD') END)::dunning.rate_history AS history
	FROM step GROUP BY h;
-- one row a day, and for a history without end until the horizon
CREATE TEMP TABLE known AS
	SELECT h, d AS day, s.rate
	FROM base AS b JOIN step AS s USING (h), LATERAL (SELECT s.from_day + i AS d
		FROM generate_series(0, coalesce(s.to_day, b.last_day, '2027-12-31') - s.from_day) AS i) AS g;
CREATE TEMP TABLE computed (operation text, h integer, history dunning.rate_history, PRIMARY KEY (operation, h));
CREATE TEMP TABLE expected (operation text, h integer, day date, rate numeric);

INSERT INTO computed SELECT 'plus', h, history + round(h * 0.37 - 5, 2) FROM base UNION ALL SELECT 'swapped plus', h, round(h * 0.37 - 5, 2) + history FROM base
	UNION ALL SELECT 'minus', h, history - h / 10.0 FROM base
	UNION ALL SELECT 'times', h, history * (h % 7 - 2.5) FROM base UNION ALL SELECT 'swapped times', h, (h % 7 - 2.5) * history FROM base
	UNION ALL SELECT 'rounded up', h, dunning.rounded_up(history, h % 5 * 0.3 + 0.25) FROM base;
INSERT INTO expected SELECT 'plus', h, day, rate + round(h * 0.37 - 5, 2) FROM known UNION ALL SELECT 'swapped plus', h, day, rate + round(h * 0.37 - 5, 2) FROM known
	UNION ALL SELECT 'minus', h, day, rate - h / 10.0 FROM known
	UNION ALL SELECT 'times', h, day, rate * (h % 7 - 2.5) FROM known UNION ALL SELECT 'swapped times', h, day, rate * (h % 7 - 2.5) FROM known
	UNION ALL SELECT 'rounded up', h, day, ceil(rate / (h % 5 * 0.3 + 0.25)) * (h % 5 * 0.3 + 0.25) FROM known;
-- periods by the server's own calendar
CREATE TEMP TABLE period AS
	SELECT p.every, m::date AS start, (m + p.length)::date AS next
	FROM (VALUES ('month', interval '1 month', 1), ('quarter', '3 months', 3), ('half-year', '6 months', 6), ('year', '1 year', 12)) AS p (every, length, months),
		generate_series('2018-01-01'::timestamp, '2028-01-01', interval '1 month') AS m
	WHERE (extract(month FROM m)::integer - 1) % p.months = 0;
CREATE TEMP TABLE sampling AS
	SELECT every, on_day, ahead, 'sampled by ' || every || ', ' || on_day AS operation
	FROM (VALUES ('month'), ('quarter'), ('half-year'), ('year')) AS p (every), (VALUES ('first day', 0), ('day before', 1)) AS q (on_day, ahead);
INSERT INTO expected
	SELECT s.operation, k.h, p.start + i, k.rate
	FROM sampling AS s JOIN period AS p USING (every) JOIN known AS k ON k.day = p.start - s.ahead, generate_series(0, p.next - p.start - 1) AS i;
INSERT INTO computed
	SELECT s.operation, b.h, dunning.sampled(b.history, s.every, s.on_day)
	FROM sampling AS s, base AS b WHERE EXISTS (SELECT FROM expected AS e WHERE e.operation = s.operation AND e.h = b.h);
-- all others are refused
SELECT count(*) > 0 AS without_sample_day, string_agg(DISTINCT left(raised, 5), ', ') AS sqlstate
FROM (SELECT pg_temp.raises(format('SELECT dunning.sampled(%L, %L, %L)', b.history, s.every, s.on_day)) AS raised
	FROM sampling AS s, base AS b WHERE NOT EXISTS (SELECT FROM computed AS c WHERE c.operation = s.operation AND c.h = b.h)) AS r;
-- each with the one seven numbers on
CREATE TEMP TABLE pair AS SELECT a.h, a.history AS a, b.history AS b, a.last_day AS a_last, b.last_day AS b_last, b.h AS other FROM base AS a JOIN base AS b ON b.h = (a.h + 6) % 40 + 1;
INSERT INTO expected SELECT 'greatest', p.h, x.day, CASE WHEN x.rate > y.rate THEN x.rate ELSE y.rate END
	FROM pair AS p JOIN known AS x ON x.h = p.h JOIN known AS y ON y.h = p.other AND y.day = x.day;
INSERT INTO computed SELECT 'greatest', h, dunning.higher_of(a, b) FROM pair AS p WHERE EXISTS (SELECT FROM expected AS e WHERE e.operation = 'greatest' AND e.h = p.h);
SELECT count(*) > 0 AS without_common_day, string_agg(DISTINCT left(pg_temp.raises(format('SELECT dunning.higher_of(%L, %L)', a, b)), 5), ', ') AS sqlstate
FROM pair AS p WHERE NOT EXISTS (SELECT FROM computed AS c WHERE c.operation = 'greatest' AND c.h = p.h);
-- ranges about the history's days, unbounded here and there
CREATE TEMP TABLE cut AS
	SELECT h, history, daterange(CASE WHEN h % 5 > 0 THEN f END, CASE WHEN h % 7 > 0 THEN f + 1 + (random() * 700)::integer END) AS days
	FROM (SELECT h, history, '2019-01-01'::date + (random() * 1700)::integer AS f FROM base) AS s;
INSERT INTO expected SELECT 'restricted', h, day, rate FROM cut JOIN known USING (h) WHERE day <@ days;
INSERT INTO computed SELECT 'restricted', h, dunning.restricted(history, days) FROM cut AS c WHERE EXISTS (SELECT FROM expected AS e WHERE e.operation = 'restricted' AND e.h = c.h);
SELECT count(*) > 0 AS without_day, string_agg(DISTINCT left(pg_temp.raises(format('SELECT dunning.restricted(%L, %L)', history, days)), 5), ', ') AS sqlstate
FROM cut WHERE NOT EXISTS (SELECT FROM computed AS c WHERE c.operation = 'restricted' AND c.h = cut.h);

-- the same days with the same rates, as far as 2027
ANALYZE known, computed, expected;
CREATE TEMP VIEW computed_day AS
	SELECT c.operation, c.h, r.from_day + i AS day, r.rate
	FROM computed AS c, dunning.rates(c.history) AS r, generate_series(0, coalesce(r.to_day, '2027-12-31') - r.from_day) AS i;
SELECT operation, count(DISTINCT h) > 30 AS many_histories, count(*) > 5000 AS many_days, count(*) FILTER (WHERE c.rate IS DISTINCT FROM e.rate) AS wrong
FROM (SELECT * FROM computed_day WHERE day <= '2027-11-30') AS c FULL JOIN (SELECT * FROM expected WHERE day <= '2027-11-30') AS e USING (operation, h, day)
GROUP BY operation ORDER BY operation COLLATE "C";
-- rate_on, first_day and last_day say the same
SELECT count(*) > 1000 AS enough, count(*) FILTER (WHERE dunning.rate_on(c.history, e.day) <> e.rate) AS wrong_rate
FROM computed AS c JOIN expected AS e USING (operation, h) WHERE e.day <= '2027-11-30' AND e.day - '2019-01-01'::date & 15 = e.h & 15;
SELECT count(*) AS wrong_end
FROM computed AS c JOIN (SELECT operation, h, min(day) AS first_day, max(day) AS last_day FROM expected GROUP BY operation, h) AS e USING (operation, h)
WHERE dunning.first_day(c.history) <> e.first_day OR dunning.last_day(c.history) IS DISTINCT FROM CASE WHEN e.last_day < '2027-11-30' THEN e.last_day END;
-- names: of greatest the one that ends first
SELECT count(*) AS wrong_name FROM computed AS c JOIN pair AS p USING (h)
WHERE dunning.series(c.history) IS DISTINCT FROM
	'h' || CASE WHEN c.operation = 'greatest' AND coalesce(p.b_last, 'infinity') < coalesce(p.a_last, 'infinity') THEN p.other ELSE h END;
-- canonical: no two neighbours of equal rate, and equal to what its text reads back as
SELECT count(*) AS not_merged
FROM (SELECT r.rate = lag(r.rate) OVER (PARTITION BY c.operation, c.h ORDER BY r.from_day) AS same FROM computed AS c, dunning.rates(c.history) AS r) AS s WHERE same;
SELECT count(*) AS not_canonical FROM computed WHERE history::text::dunning.rate_history <> history;
