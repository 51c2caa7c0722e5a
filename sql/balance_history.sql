-- Balance histories: the value, the aggregates, and what is asked of them.
SET client_min_messages = warning;
CREATE SCHEMA balance_test;
SET search_path = balance_test, public, dunning, _dunning;
SET datestyle = 'ISO, YMD';
\pset null '(null)'

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
-- The text form
--
CREATE TABLE good (n int GENERATED ALWAYS AS IDENTITY, literal text);
INSERT INTO good (literal) VALUES
	('{2026-01-15: 1200.00, 2026-03-02: -500.00}'), ('{}'), (E' { } '), (E'{2026-03-02:-500,\t2026-01-15 : +1200.0 } '),
	('{2026-01-15: -3, 2026-01-15: 2, 2026-01-15: 2, 2026-01-14: 1.125}'), ('{2026-01-15: 0}'), ('{2026-01-15: -0.000}'),
	('{0001-01-01: 1, 9999-12-31: -1}'), ('{2026-01-15: 1000000000000000000000000000000, 2026-01-16: 0.01}'),
	('{2026-01-15: 0.000000000000000001}'), ('{2026-01-15: 1.50000000000000000000}'),
	('{2026-01-15: -999999999999999999999999999999999999}'), ('{2026-01-15: 99999999999999.99, 2026-01-16: -2147483648}'),
	('{2026-01-15: 922337203685477.5807, 2026-01-15: -922337203685477.5808}'), ('{2026-01-15: 00007.50}');
SELECT literal::balance_history AS history,
	literal::balance_history::text::balance_history = literal::balance_history AS same,
	literal::balance_history::text::balance_history::text = literal::balance_history::text AS same_text
FROM good ORDER BY n;
-- in any style of dates
SET datestyle = 'German, DMY';
SELECT '{2026-03-02: -500.00}'::balance_history AS history;
SET datestyle = 'ISO, YMD';

SELECT literal, state, message, detail
FROM unnest(ARRAY[
	'', 'x', '{', '}', '{}}', '{,}', '{2026-01-15}', '{2026-01-15:}', '{2026-01-15: x}', '{2026-01-15: 1', '{2026-01-15: 1,}',
	'{2026-01-15: 1 2026-01-16: 1}', '{2026-01-15: .5}', '{2026-01-15: 5.}', '{2026-01-15: 1e3}', '{2026-01-15: 1,000.00}', '{2026-01-15: - 5}',
	'{15/01/2026: 1}', '{2026-1-15: 1}', '{2026-02-29: 1}', '{0000-01-01: 1}', '{10000-01-01: 1}', '{infinity: 1}', '{-infinity: 1}',
	'{2026-01-15: NaN}', '{2026-01-15: Infinity}', '{2026-01-15: -inf}', '{2026-01-15: 0.0000000000000000001}',
	'{2026-01-15: 1000000000000000000000000000000000000}', '{2026-01-15: 100000000000000000000000000000000000.5}',
	'{2026-01-15: 100000000000000000000000000000000000, 2026-01-16: 0.5}', '{2026-01-15: 1} until 2026-12-31'])
	WITH ORDINALITY AS l (literal, n),
	refusal(literal, 'dunning.balance_history')
ORDER BY n;
SELECT '{' || string_agg('2026-01-15: 1', ', ') || '}' AS full FROM generate_series(1, 100000) \gset
SELECT open_amount(:'full', 'infinity');
SELECT state, detail FROM refusal(left(:'full', -1) || ', 2026-01-15: 1}', 'dunning.balance_history');
SELECT state, detail FROM refusal('{' || (SELECT string_agg('2026-01-15: -' || repeat('9', 36), ', ') FROM generate_series(1, 11)) || '}', 'dunning.balance_history');
SELECT open_amount(('{' || (SELECT string_agg('2026-01-15: -' || repeat('9', 36), ', ') FROM generate_series(1, 10)) || '}')::balance_history, 'infinity');
\set VERBOSITY sqlstate
SELECT '{2026-01-15: x}'::balance_history;
\set VERBOSITY default

--
-- Equality, hashing, size, binary form
--
SELECT a::balance_history = b::balance_history AS equal, a::balance_history <> b::balance_history AS other,
	balance_history_hash(a::balance_history) = balance_history_hash(b::balance_history) AS same_hash,
	balance_history_hash_extended(a::balance_history, 7) = balance_history_hash_extended(b::balance_history, 7) AS same_extended
FROM (VALUES ('{2026-01-15: 1200.0}', '{2026-01-15: 1200.00}'), ('{2026-01-15: 1200}', '{2026-01-15: 1200.000000000000000000}'),
	('{}', '{}'), ('{}', '{2026-01-15: 0}'), ('{2026-01-15: 1}', '{2026-01-15: 10}'), ('{2026-01-15: 1}', '{2026-01-15: 0.1}'),
	('{2026-01-15: 1}', '{2026-01-16: 1}'), ('{2026-01-15: 1, 2026-01-15: 2}', '{2026-01-15: 2, 2026-01-15: 1}'),
	('{2026-01-15: 3}', '{2026-01-15: 2, 2026-01-15: 1}')) AS p (a, b);
SELECT count(*), count(DISTINCT literal::balance_history::text) AS texts FROM good;
SELECT count(*) FROM (SELECT literal::balance_history FROM good GROUP BY 1) AS g;

-- An invoice and two payments take less room than the rows they came from, and than one of them.
CREATE TABLE movement_row (item int, on_day date, amount numeric);
INSERT INTO movement_row VALUES (1, '2026-01-15', 1200.00), (1, '2026-03-02', -500.00), (1, '2026-04-01', -700.00);
CREATE TABLE item (item int, history balance_history);
INSERT INTO item SELECT item, balance_history(amount, on_day) FROM movement_row GROUP BY item;
SELECT pg_column_size(history) AS history, sum(pg_column_size(m)) AS rows, sum(pg_column_size(m) - 24) AS without_heads
FROM movement_row AS m, item GROUP BY history;
SELECT pg_column_size('{}'::balance_history) AS empty, pg_column_size(movement(1200.00, '2026-01-15')) AS one;

-- Binary form: the version and the text; a bytea's binary form is its bytes.
SELECT encode(balance_history_send('{2026-03-02: -500.00, 2026-01-15: 1200}'), 'escape') AS sent;
CREATE TABLE received (n int, h balance_history);
\copy (SELECT n, literal::balance_history FROM good ORDER BY n) TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/balance_history.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/balance_history.bin"' (FORMAT binary)
SELECT count(*), count(*) FILTER (WHERE h = literal::balance_history AND h::text = literal::balance_history::text) AS same
FROM received JOIN good USING (n);
\set VERBOSITY sqlstate
\copy (SELECT 1, '\x02'::bytea || '{2026-01-15: 1}') TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/balance_history.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/balance_history.bin"' (FORMAT binary)
\copy (SELECT 1, '\x01'::bytea || '{2026-01-15: x}') TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/balance_history.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/balance_history.bin"' (FORMAT binary)
\copy (SELECT 1, '\x01'::bytea || '{2026-01-15: NaN}') TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/balance_history.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/balance_history.bin"' (FORMAT binary)
\copy (SELECT 1, ''::bytea) TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/balance_history.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/balance_history.bin"' (FORMAT binary)
\set VERBOSITY default

-- A stored value of a later version or with damage is refused whoever reads it.
-- byteasend returns the bytes that it gets, whatever their type.
CREATE FUNCTION bytes(balance_history) RETURNS bytea LANGUAGE internal STRICT AS 'byteasend';
CREATE FUNCTION unbytes(bytea) RETURNS balance_history LANGUAGE internal STRICT AS 'byteasend';
CREATE FUNCTION bytes(balance_state) RETURNS bytea LANGUAGE internal STRICT AS 'byteasend';
CREATE FUNCTION unbytes_state(bytea) RETURNS balance_state LANGUAGE internal STRICT AS 'byteasend';
SELECT unbytes(bytes('{2026-01-15: 1}'::balance_history)), unbytes_state(bytes('{2026-01-15: 1}'::balance_state));
SELECT set_byte(bytes('{2026-01-15: 1}'::balance_history), 0, 2) AS later \gset
\set VERBOSITY sqlstate
SELECT unbytes(:'later');
SELECT open_amount(unbytes(:'later'), '2026-01-15');
SELECT settled_on(unbytes(:'later'));
SELECT days_to_pay(unbytes(:'later'));
SELECT largest_balance(unbytes(:'later'));
SELECT movements(unbytes(:'later'));
SELECT unbytes(:'later') + '{}';
SELECT '{}' + unbytes(:'later');
SELECT '{}' = unbytes(:'later');
SELECT balance_history_hash(unbytes(:'later'));
SELECT balance_history_hash_extended(unbytes(:'later'), 0);
SELECT dunning.sum(unbytes(:'later'));
SELECT unbytes('\x');
SELECT unbytes(bytes('{2026-01-15: 1}'::balance_history) || '\x00');
SELECT unbytes(set_byte(bytes('{2026-01-15: 1}'::balance_history), 1, 1));
SELECT balance_state_final(unbytes_state(set_byte(bytes('{2026-01-15: 1}'::balance_state), 0, 2)));
SELECT balance_state_accum(unbytes_state('\x0100'), 1, '2026-01-15');
SELECT balance_state_combine(unbytes_state('\x0100'), '{}');
SELECT balance_state_combine('{}', unbytes_state('\x0100'));
SELECT unbytes_state(substr(bytes('{2026-01-15: 1}'::balance_state), 1, 20));
\set VERBOSITY default
CREATE FUNCTION is_read(value bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN unbytes(value)::text;
EXCEPTION WHEN data_corrupted THEN
	RETURN NULL;
END $$;
CREATE FUNCTION is_read_state(value bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN unbytes_state(value)::text;
EXCEPTION WHEN data_corrupted OR numeric_value_out_of_range THEN
	RETURN NULL;
END $$;
CREATE TABLE whole AS SELECT bytes(h::balance_history) AS v, bytes(h::balance_state) AS state
FROM unnest(ARRAY['{2026-01-15: 1200.00, 2026-03-02: -500.25, 2026-03-02: -600.50, 2026-03-04: -1}',
	'{2026-01-15: 1000000000000000000000000000000, 2026-01-15: 0.01}']) AS h;
-- a beginning is a value only where it is a whole one, and whatever byte is changed, what is read reads back
SELECT count(*) AS cuts, count(is_read(substr(v, 1, len))) AS is_read FROM whole, generate_series(0, length(v) - 1) AS len;
SELECT count(*) > 500 AS changed, count(text) > 50 AS is_read, count(*) FILTER (WHERE text::balance_history::text <> text) AS wrong
FROM (SELECT is_read(set_byte(v, at, byte)) FROM whole, generate_series(0, length(v) - 1) AS at, unnest(ARRAY[0, 1, 2, 3, 64, 127, 128, 255]) AS byte) AS c (text);
SELECT count(*) > 500 AS changed, count(text) > 50 AS is_read, count(*) FILTER (WHERE text::balance_history::text <> text) AS wrong
FROM (SELECT is_read_state(set_byte(state, at, byte)) FROM whole, generate_series(0, length(state) - 1) AS at, unnest(ARRAY[0, 1, 2, 3, 64, 127, 128, 255]) AS byte) AS c (text);

--
-- One movement, and the movements of two histories
--
SELECT movement(1200.00, '2026-01-15'), movement(0, '0001-01-01'), movement(-0.001, '9999-12-31'), movement(NULL, '2026-01-15'), movement(1, NULL);
SELECT movement(1e30, '2026-01-15') + movement(0.01, '2026-01-14') + '{}' AS both, balance_history '{}' + '{}' AS none, movement(1, '2026-01-15') + NULL AS unknown;
-- from a calculation: zeros beyond the decimals that are kept are not in the way
SELECT movement(10 / 4::numeric, '2026-01-15'), movement(1.000000000000000000000000000, '2026-01-15');
\set VERBOSITY sqlstate
SELECT movement('NaN', '2026-01-15');
SELECT movement('Infinity', '2026-01-15');
SELECT movement('-Infinity', '2026-01-15');
SELECT movement(1e-19, '2026-01-15');
SELECT movement(1e36, '2026-01-15');
SELECT movement(1e131000, '2026-01-15');
SELECT movement(1, 'infinity');
SELECT movement(1, '-infinity');
SELECT movement(1, '0001-12-31 BC');
SELECT movement(1, '10000-01-01');
SELECT movement(1e35, '2026-01-15') + movement(0.1, '2026-01-15');
SELECT :'full'::balance_history + movement(1, '2026-01-15');
\set VERBOSITY default
SELECT movement('NaN', '2026-01-15');
SELECT movement(1e36, '2026-01-15');
SELECT movement(1, 'infinity');
SELECT :'full'::balance_history + movement(1, '2026-01-15');

--
-- What is asked of it
--
SELECT h AS history, open_amount(h, '2026-01-20'), settled_on(h), days_to_pay(h), largest_balance(h)
FROM (VALUES (1, balance_history '{}'), (2, '{2026-01-15: 100.00}'), (3, '{2026-01-15: 100.00, 2026-01-20: -100}'),
	(4, '{2026-01-15: 100, 2026-01-20: -40, 2026-02-10: -60}'), (5, '{2026-01-15: 100, 2026-01-20: -100, 2026-02-01: 100, 2026-03-01: -100.00}'),
	(6, '{2026-01-15: 100, 2026-01-20: -100, 2026-02-01: 0.01}'), (7, '{2026-01-15: 100, 2026-01-20: -120, 2026-01-25: 20}'),
	(8, '{2026-01-15: -50}'), (9, '{2026-01-15: 100, 2026-01-15: -100}'), (10, '{2026-01-15: -100, 2026-01-20: 100, 2026-01-20: -30}'),
	(11, '{2026-01-15: 0}'), (12, '{2026-01-15: 0.000, 2026-01-16: 1}')) AS v (n, h) ORDER BY n;
SELECT day, open_amount('{2026-01-15: 1200.00, 2026-03-02: -500}', day)
FROM unnest(ARRAY['-infinity', '2026-01-14', '2026-01-15', '2026-03-01', '2026-03-02', 'infinity', '5874897-12-31', '4714-11-24 BC']::date[]) AS day;
SELECT * FROM movements('{2026-03-02: -500.00, 2026-01-15: 1200, 2026-03-02: 5.5}');
SELECT count(*) FROM movements('{}');
SELECT movements('{2026-01-15: 1000000000000000000000000000000, 2026-01-15: 0.01}');
SELECT '{2026-03-02: -500.00, 2026-01-15: 1200, 2026-01-15: 1300}'::balance_history::jsonb, '{}'::balance_history::jsonb;
-- what stands: without the payments that came back, and without their returns
SELECT h AS history, standing_history(h, '2026-03-14') AS before, standing_history(h)
FROM unnest(ARRAY['{2026-01-01: 100.00, 2026-02-01: -30, 2026-03-15: 30}', '{2026-01-01: 100, 2026-02-01: -30, 2026-03-15: 31}', '{2026-01-01: 100, 2026-02-01: -30, 2026-02-10: -30.50, 2026-02-20: -30, 2026-03-15: 30}',
	'{2026-01-01: 100, 2026-03-01: 30, 2026-03-01: -30}', '{2025-12-01: -100, 2026-01-01: 100, 2026-01-01: -100, 2026-03-15: 100}', '{2026-01-01: 1, 2026-02-01: -0.5, 2026-03-01: 0.500}', '{}']::balance_history[]) AS h;
SELECT standing_history('{2026-01-01: 1, 2026-02-01: -1, 2026-03-01: 1}', '-infinity'), standing_history(NULL) IS NULL AS strict;
SELECT open_amount(NULL, '2026-01-01'), open_amount('{}', NULL), settled_on(NULL), days_to_pay(NULL), largest_balance(NULL), NULL::balance_history::jsonb;

--
-- The aggregate on examples
--
SELECT balance_history(amount, on_day)
FROM (VALUES (1200.00, date '2026-01-15'), (NULL, '2026-01-16'), (-500, '2026-03-02'), (NULL, NULL), (0.125, '2026-01-15')) AS m (amount, on_day);
SELECT balance_history(amount, on_day) IS NULL AS none FROM movement_row WHERE false;
SELECT balance_history(NULL, on_day) IS NULL AS none FROM movement_row;
SELECT dunning.sum(h), dunning.sum(h) FILTER (WHERE h IS NULL) AS none
FROM (VALUES (movement(1, '2026-01-15')), (NULL), ('{}'), ('{2026-01-14: 0.010, 2026-01-16: 3}')) AS v (h);
SELECT dunning.sum(h) FROM (VALUES (balance_history '{}')) AS v (h);
\set VERBOSITY sqlstate
SELECT balance_history(1, NULL);
SELECT balance_history('NaN', '2026-01-15');
SELECT balance_history(1, 'infinity');
SELECT balance_history(1, '2026-01-15 BC');
SELECT balance_history(amount, '2026-01-15') FROM unnest(ARRAY[1e35, 0.1]) AS amount;
SELECT balance_history(amount, '2026-01-15') FROM unnest(ARRAY[0.1, 1e35]) AS amount;
SELECT balance_history(amount, '2026-01-15') FROM unnest(ARRAY[1e30, 1e-18, 1]) AS amount;
SELECT balance_history(amount, '2026-01-15') FROM unnest(ARRAY[1e-18, 1, 1e30]) AS amount;
SELECT balance_history(1e36 - 1, '2026-01-15') FROM generate_series(1, 11);
SELECT balance_history(1, '2026-01-15') FROM generate_series(1, 100001);
SELECT dunning.sum(h) FROM (VALUES (:'full'::balance_history), ('{2026-01-15: 1}')) AS v (h);
\set VERBOSITY default
SELECT balance_history(1, NULL);
SELECT open_amount(balance_history(1, '2026-01-15'), 'infinity') FROM generate_series(1, 100000);
SELECT balance_history(amount, '2026-01-15') FROM unnest(ARRAY[1.5000, 1e30, 0.000001, 2]) AS amount;

-- the state by hand: neither argument is changed, nulls are taken
CREATE TABLE state AS SELECT '{2026-01-15: 1.00, 2026-01-16: 2}'::balance_state AS a, '{2026-01-10: 1000000000000000000000000000000.001}'::balance_state AS b;
SELECT balance_state_combine(a, b), balance_state_combine(b, a), balance_state_combine(a, a), balance_state_accum(a, 0.00005, '2026-01-01'),
	balance_state_accum(a, balance_history '{2026-01-02: 7}') FROM state;
SELECT a, b, balance_state_final(a), balance_state_combine(a, NULL), balance_state_combine(NULL, b), balance_state_accum(NULL, NULL, NULL),
	balance_state_accum(a, NULL, NULL), balance_state_accum(NULL, 1, '2026-01-01'), balance_state_accum(NULL, NULL::balance_history) FROM state;
SELECT encode(balance_state_send(a), 'escape') AS sent FROM state;
CREATE TABLE received_state (LIKE state);
\copy state TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/balance_history.bin"' (FORMAT binary)
\copy received_state FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/balance_history.bin"' (FORMAT binary)
SELECT * FROM received_state;
SELECT state, message FROM refusal('{2026-01-15: x}', '_dunning.balance_state');

--
-- At random, against plain SQL
--
CREATE TABLE random_row (n int, item int, amount numeric, on_day date, part int GENERATED ALWAYS AS (item / 1000) STORED);
SELECT setseed(0.25);
-- items of cents alone, with anything between, with the large and the fine, and one of very many
INSERT INTO random_row
SELECT n, (random() * 1500)::int, round((random() * 2000 - 1000)::numeric, 2), date '2026-01-01' + (random() * 60)::int FROM generate_series(1, 6000) AS n;
INSERT INTO random_row
SELECT n, 2000 + (random() * 800)::int,
	CASE (random() * 9)::int
		WHEN 0 THEN NULL
		WHEN 1 THEN -0.01
		WHEN 2 THEN 0
		WHEN 3 THEN round((random() * 100)::numeric, 3)
		WHEN 4 THEN (random() * 1000)::int
		WHEN 5 THEN -(random() * 1000)::int
		WHEN 6 THEN round((random() - 0.5)::numeric, 6)
		ELSE round((random() * 200 - 100)::numeric, 2) END,
	CASE (random() * 9)::int WHEN 0 THEN date '0001-01-01' WHEN 1 THEN '9999-12-31' ELSE date '2026-01-01' + (random() * 9)::int END
FROM generate_series(6001, 12000) AS n;
INSERT INTO random_row
SELECT n, 3000 + (random() * 300)::int,
	CASE (random() * 50)::int
		WHEN 0 THEN 1e30
		WHEN 1 THEN -1e30
		WHEN 2 THEN round((random() * 1e15)::numeric, 2)
		WHEN 3 THEN round((random() * 1e15)::numeric, 2)
		WHEN 4 THEN -0.001
		WHEN 5 THEN -922337203685477.5808
		ELSE 0.01 END,
	date '2026-01-01' + (random() * 9)::int
FROM generate_series(12001, 15000) AS n;
INSERT INTO random_row
SELECT n, 4000, round((random() * 2000 - 1000)::numeric, 2), date '2026-01-01' - (random() * 3000)::int + 1500 FROM generate_series(15001, 25000) AS n;
INSERT INTO random_row SELECT 25000 + n, 5000, NULL, '2026-01-01' FROM generate_series(1, 3) AS n;
ANALYZE random_row;

-- What should come out, with nothing but numeric and window sums.
CREATE TABLE expected_text AS
SELECT item, '{' || string_agg(to_char(on_day, 'YYYY-MM-DD') || ': ' || round(amount, decimals), ', ' ORDER BY on_day, amount DESC) || '}' AS text
FROM (SELECT *, max(scale(amount)) OVER (PARTITION BY item) AS decimals FROM random_row WHERE amount IS NOT NULL) AS r GROUP BY item;
CREATE TABLE end_of_day AS
SELECT item, on_day, sum(sum(amount)) OVER (PARTITION BY item ORDER BY on_day) AS balance, min(on_day) OVER (PARTITION BY item) AS first_day
FROM random_row WHERE amount IS NOT NULL GROUP BY item, on_day;
CREATE TABLE expected_answer AS
SELECT item, max(balance) AS largest,
	min(on_day) FILTER (WHERE on_day > coalesce(last_open, '-infinity')) AS settled,
	min(on_day) FILTER (WHERE on_day > coalesce(last_open, '-infinity')) - min(first_day) AS days
FROM (SELECT *, max(on_day) FILTER (WHERE balance > 0) OVER (PARTITION BY item) AS last_open FROM end_of_day) AS e GROUP BY item;

CREATE FUNCTION differences(answers regclass) RETURNS TABLE (items bigint, texts bigint, largest bigint, settled bigint, days bigint, open bigint, settled_items bigint)
	LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT count(*), count(*) FILTER (WHERE h::text IS DISTINCT FROM text),
			count(*) FILTER (WHERE dunning.largest_balance(h) IS DISTINCT FROM largest),
			count(*) FILTER (WHERE dunning.settled_on(h) IS DISTINCT FROM a.settled),
			count(*) FILTER (WHERE dunning.days_to_pay(h) IS DISTINCT FROM a.days),
			(SELECT count(*) FROM end_of_day AS e JOIN %1$s AS w USING (item)
				WHERE (item <> 4000 OR extract(day FROM on_day) = 1) AND dunning.open_amount(w.h, e.on_day) IS DISTINCT FROM e.balance),
			count(a.settled)
		FROM %1$s FULL JOIN expected_text USING (item) FULL JOIN expected_answer AS a USING (item)$q$, answers);
END $$;

SET max_parallel_workers_per_gather = 0;
CREATE TABLE sequential AS SELECT item, balance_history(amount, on_day) AS h FROM random_row GROUP BY item;
SELECT * FROM differences('sequential');
-- the large one
SELECT count(*), sum(amount) = open_amount((SELECT h FROM sequential WHERE item = 4000), '2027-01-01') AS open
FROM random_row WHERE item = 4000 AND on_day <= '2027-01-01';
SELECT count(*) AS rows, count(*) FILTER (WHERE m.balance <> b.balance) AS wrong
FROM (SELECT sum(amount) OVER (ORDER BY on_day, amount DESC ROWS UNBOUNDED PRECEDING) AS balance, row_number() OVER (ORDER BY on_day, amount DESC) AS n
      FROM random_row WHERE item = 4000) AS b
JOIN (SELECT balance, n FROM sequential, movements(h) WITH ORDINALITY AS m (on_day, amount, balance, n) WHERE item = 4000) AS m USING (n);

SET enable_hashagg = off;
CREATE TABLE sorted AS SELECT item, balance_history(amount, on_day) AS h FROM random_row GROUP BY item;
RESET enable_hashagg;
SELECT * FROM differences('sorted');
CREATE TABLE in_order AS SELECT item, balance_history(amount, on_day ORDER BY on_day DESC, amount) AS h FROM random_row GROUP BY item;
SELECT * FROM differences('in_order');
CREATE TABLE by_sum AS SELECT item, dunning.sum(movement(amount, on_day)) AS h FROM random_row GROUP BY item;
SELECT * FROM differences('by_sum');
-- histories of parts, added
CREATE TABLE by_parts AS
SELECT item, dunning.sum(h) AS h FROM (SELECT item, balance_history(amount, on_day) AS h FROM random_row GROUP BY item, n % 3) AS p GROUP BY item;
SELECT * FROM differences('by_parts');
SELECT count(*), count(*) FILTER (WHERE a.h + b.h = c.h AND b.h + a.h = c.h AND (a.h + b.h)::text = (b.h + a.h)::text) AS same
FROM (SELECT item, balance_history(amount, on_day) FILTER (WHERE n % 2 = 0) AS h FROM random_row GROUP BY item) AS a
JOIN (SELECT item, balance_history(amount, on_day) FILTER (WHERE n % 2 = 1) AS h FROM random_row GROUP BY item) AS b USING (item)
JOIN sequential AS c USING (item) WHERE a.h IS NOT NULL AND b.h IS NOT NULL;

-- In parallel: partial states of several workers are combined, some of them null.
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
SELECT node FROM plan_nodes($$SELECT balance_history(amount, on_day) FROM random_row$$) AS node WHERE node IS NOT NULL;
SELECT 'SELECT item, balance_history(amount, on_day) AS h FROM random_row GROUP BY item' AS answer \gset
SELECT node FROM plan_nodes(:'answer') AS node WHERE node IS NOT NULL;
CREATE TABLE parallel AS :answer;
SELECT * FROM differences('parallel');
-- few groups, so that each is put together of the states of all workers
SELECT 'SELECT part, balance_history(amount, on_day) AS h FROM random_row GROUP BY part' AS answer \gset
SELECT node FROM plan_nodes(:'answer') AS node WHERE node IS NOT NULL;
CREATE TABLE few AS :answer;
ALTER TABLE parallel ADD part int;
UPDATE parallel SET part = item / 1000;
ANALYZE parallel;
SELECT 'SELECT part, dunning.sum(h) AS h FROM parallel GROUP BY part' AS answer \gset
SELECT node FROM plan_nodes(:'answer') AS node WHERE node IS NOT NULL;
CREATE TABLE few_by_sum AS :answer;
SELECT part, few.h::text = text AS same, few_by_sum.h::text = text AS same_by_sum, movements
FROM few JOIN few_by_sum USING (part) JOIN
	(SELECT part, '{' || string_agg(to_char(on_day, 'YYYY-MM-DD') || ': ' || round(amount, decimals), ', ' ORDER BY on_day, amount DESC) || '}' AS text,
		count(amount) AS movements
	 FROM (SELECT *, max(scale(amount)) OVER (PARTITION BY part) AS decimals FROM random_row) AS r GROUP BY part) AS e USING (part) ORDER BY part;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
RESET parallel_leader_participation;

-- FILTER, DISTINCT, HAVING, ROLLUP.
SELECT item FROM random_row GROUP BY item
HAVING open_amount(balance_history(amount, on_day) FILTER (WHERE on_day < '2026-01-05'), 'infinity') IS DISTINCT FROM sum(amount) FILTER (WHERE on_day < '2026-01-05');
SELECT balance_history(DISTINCT amount, on_day)
FROM (VALUES (10.00, date '2026-01-15'), (10.00, '2026-01-15'), (10, '2026-01-16'), (5, '2026-01-15')) AS m (amount, on_day);
SELECT item, balance_history(amount, on_day)
FROM (VALUES (1, 10.00, date '2026-01-15'), (1, -5, '2026-02-01'), (2, 1.5, '2026-01-01'), (3, NULL, NULL)) AS m (item, amount, on_day)
GROUP BY ROLLUP (item) ORDER BY item;

-- Over a window: growing and moving; a result that is kept is not changed by the rows after it.
SELECT count(*) AS rows, count(*) FILTER (WHERE open_amount(growing, 'infinity') IS DISTINCT FROM sum_growing) AS growing,
	count(*) FILTER (WHERE open_amount(moving, 'infinity') IS DISTINCT FROM sum_moving) AS moving
FROM (SELECT balance_history(amount, on_day) OVER g AS growing, sum(amount) OVER g AS sum_growing,
		balance_history(amount, on_day) OVER m AS moving, sum(amount) OVER m AS sum_moving
      FROM random_row WHERE item BETWEEN 2500 AND 3100
      WINDOW g AS (PARTITION BY item ORDER BY n), m AS (PARTITION BY item ORDER BY n ROWS BETWEEN 3 PRECEDING AND 1 FOLLOWING)) AS w;
SELECT array_agg(h::text ORDER BY n) AS texts, array_agg(h ORDER BY n)::text[] = array_agg(h::text ORDER BY n) AS kept
FROM (SELECT n, balance_history(n, date '2026-01-10' - n) OVER (ORDER BY n) AS h FROM generate_series(1, 4) AS n) AS g;

-- Grouping sets and every kind of frame, where movements of one day are peers: beside each history
-- the rows of its group or frame, and sums of them.
CREATE TYPE moved AS (on_day date, amount numeric);
CREATE FUNCTION beside_rows(parts text, frame text DEFAULT '')
	RETURNS TABLE (enough boolean, nulls bigint, movements bigint, decimals bigint, "5 January" bigint, "at the end" bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('
		SELECT count(h) > 300, count(*) FILTER (WHERE (h IS NULL) <> (rows IS NULL)),
			count(*) FILTER (WHERE ARRAY(SELECT ROW(m.on_day, m.amount)::moved FROM movements(h) AS m)
				<> ARRAY(SELECT ROW(r.on_day, r.amount)::moved FROM unnest(rows) AS r ORDER BY r.on_day, r.amount DESC)),
			count(*) FILTER (WHERE (SELECT max(scale(m.amount)) FROM movements(h) AS m) <> decimals),
			count(*) FILTER (WHERE open_amount(h, ''2026-01-05'') <> early), count(*) FILTER (WHERE open_amount(h, ''infinity'') <> total)
		FROM (SELECT balance_history(amount, on_day) %1$s AS h, array_agg(ROW(on_day, amount)::moved) FILTER (WHERE amount IS NOT NULL) %1$s AS rows,
			max(scale(amount)) %1$s AS decimals, coalesce(sum(amount) FILTER (WHERE on_day <= ''2026-01-05'') %1$s, 0) AS early, sum(amount) %1$s AS total
			FROM random_row WHERE item BETWEEN 2000 AND 2399 %2$s) AS a',
		CASE WHEN frame <> '' THEN 'OVER w' END, CASE WHEN frame <> '' THEN format('WINDOW w AS (%s %s)', parts, frame) ELSE 'GROUP BY ' || parts END);
END $$;
SELECT parts, b.* FROM unnest(ARRAY['item', 'CUBE (item, on_day)', 'ROLLUP (item, on_day)', 'GROUPING SETS ((item), (on_day), (on_day, n % 100), ())']) WITH ORDINALITY AS p (parts, n), beside_rows(parts) AS b ORDER BY n;
SELECT frame, b.* FROM unnest(ARRAY['ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING', 'ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING', 'RANGE UNBOUNDED PRECEDING',
	'RANGE BETWEEN ''2 days'' PRECEDING AND ''1 day'' FOLLOWING', 'GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING', 'GROUPS BETWEEN 3 PRECEDING AND 1 PRECEDING',
	'GROUPS BETWEEN CURRENT ROW AND 2 FOLLOWING EXCLUDE CURRENT ROW', 'GROUPS 2 PRECEDING EXCLUDE TIES', 'GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE GROUP',
	'ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING EXCLUDE TIES']) WITH ORDINALITY AS f (frame, n), beside_rows('PARTITION BY item ORDER BY on_day', frame) AS b ORDER BY n;

-- Stored: short ones packed, long ones out of line.
CREATE TABLE stored AS SELECT * FROM sequential;
SELECT * FROM differences('stored');
SELECT count(*) FROM stored AS a JOIN sequential AS b ON a.h = b.h AND a.item = b.item;

DROP SCHEMA balance_test CASCADE;
