-- Dunning histories: the value, the facts in it, and what is decided and replayed over them.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA facts_test;
SET search_path = facts_test, public, dunning, _dunning;
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
	('{}'), (E' {\t} '), ('{reminder 5 email raised 2026-01-06}'), ('{Reminder +5 days Email RAISED 2026-01-06 Sent 2026-01-07}'),
	('{reminder -3 email raised 2025-12-29 skipped 2025-12-30}'), ('{reminder 0 phone raised 2026-01-06 cancelled 2026-01-06}'),
	('{reminder 5 email raised 2026-01-06 sent 2026-01-07 cancelled 2026-02-01}'), ('{reminder 5 email raised 2026-01-06 skipped 2026-01-06 cancelled 2026-01-07}'),
	('{reminder 5 email raised 2026-01-06 withdrawn 2026-01-08}'), ('{reminder 20 letter time 2 raised 2026-01-06}'), ('{reminder 20 letter time 100000 raised 2026-01-06}'),
	('{reminder 1 month letter raised 2026-01-06; reminder 2 months + 3 days phone raised 2026-01-06}'),
	('{reminder end of month email raised 2026-01-06; reminder 1 month end of month+5 letter raised 2026-01-06}'),
	('{reminder 30 days end of month email raised 2026-01-06; reminder 1 month + 400000 sms raised 2026-01-06}'), ('{reminder 400000 a raised 2026-01-06; reminder -400000 b raised 2026-01-06}'),
	('{reminder 5 time time 2 raised 2026-01-06; reminder 5 raised raised 2026-01-06; reminder 5 end raised 2026-01-06}'),
	('{hold dispute from 2026-01-10}'), ('{hold Dispute from 2026-01-10 until 2026-02-10}'), ('{hold dispute from 2026-01-10 released 2026-01-10}'),
	('{hold dispute from 2026-01-10 until 2026-02-10 released 2026-01-20 stops none then restart}'), ('{hold from from 2026-01-10 until 2026-01-10 STOPS automatic THEN wait}'),
	('{hold dispute from 2026-01-10 stops all then continue}'), ('{hold dispute from 2026-01-10 until 2026-02-10 released 2026-03-10}'),
	('{handover agency on 2026-03-01}'), ('{handover agency_2 on 2026-03-01 ended 2026-03-01}'), ('{handover on on 0001-01-01 ended 9999-12-31}'),
	('{handover agency on 2026-03-01; reminder 5 email raised 2026-01-06; hold dispute from 2026-01-06}'),
	('{hold b from 2026-01-06; hold a from 2026-01-06; reminder 5 sms raised 2026-01-06; reminder 5 email raised 2026-01-06; reminder -5 email raised 2026-01-06}'),
	('{reminder 5 email time 3 raised 2026-01-06; reminder 5 email raised 2026-01-06; reminder 5 email time 2 raised 2026-01-06 sent 2026-01-07}'),
	('{hold ab from 2026-01-06; hold a from 2026-01-06 until 2026-01-07; hold a from 2026-01-06 released 2026-01-08; hold a from 2026-01-06; hold a from 2026-01-06}'),
	('{hold a from 2026-01-06 stops none; hold a from 2026-01-06 then wait; hold a from 2026-01-06 stops automatic}'),
	('{reminder 5 email raised 2026-01-06 noted 2026-01-08 sent 2026-01-07 NOTED 2026-01-09 cancelled 2026-01-10 noted 2026-01-11}'), ('{reminder 5 email raised 2026-01-06 noted 2026-01-06 skipped 2026-01-07 noted 2026-01-07}'),
	('{hold dispute from 2026-01-10 noted 2026-01-05 until 2026-02-10 released 2026-01-20 noted 2026-01-25 then wait}'), ('{hold dispute from 2026-01-10 until 2026-02-10 noted 2026-01-12}'),
	('{hold dispute from 2026-01-10 noted 2026-01-12 until 2026-02-10 noted 2026-01-12}'), ('{handover agency on 2026-03-01 noted 2026-03-02 ended 2026-03-05 noted 2026-03-06}');
SELECT literal::dunning_history AS history,
	literal::dunning_history::text::dunning_history = literal::dunning_history AS same,
	literal::dunning_history::text::dunning_history::text = literal::dunning_history::text AS same_text
FROM good ORDER BY n;
SELECT length(format('{hold %s from 2026-01-06}', repeat('x', 63))::dunning_history::text);
-- in any style of dates
SET datestyle = 'German, DMY';
SELECT '{reminder 5 email raised 2026-01-06}'::dunning_history AS history;
SET datestyle = 'ISO, YMD';

SELECT literal, state, message, detail
FROM unnest(ARRAY[
	'', 'x', '{', '}', '{}}', '{} x', '{;}', '{reminder 5 email raised 2026-01-06;}', '{reminder 5 email raised 2026-01-06', '{reminder 5 email raised 2026-01-06, hold a from 2026-01-06}',
	'{x}', '{remind 5 email raised 2026-01-06}', '{reminder}', '{reminder email raised 2026-01-06}', '{reminder 5}', '{reminder 5 raised 2026-01-06}', '{reminder 5 email}', '{reminder 5 email raised}',
	'{reminder 5 email raised 06.01.2026}', '{reminder 5 email raised 2026-1-6}', '{reminder 5 email raised 2026-02-29}', '{reminder 5 email raised 0000-01-01}', '{reminder 5 email raised infinity}',
	'{reminder 5 email sent 2026-01-06}', '{reminder 5 email on 2026-01-06}', '{reminder 5 email raised 2026-01-06 sent}', '{reminder 5 email raised 2026-01-06 sent 2026-01-07 skipped 2026-01-07}',
	'{reminder 5 email raised 2026-01-06 cancelled 2026-01-07 sent 2026-01-07}', '{reminder 5 email raised 2026-01-06 cancelled 2026-01-07 withdrawn 2026-01-07}',
	'{reminder 5 email raised 2026-01-06 sent 2026-01-05}', '{reminder 5 email raised 2026-01-06 cancelled 2026-01-05}', '{reminder 5 email raised 2026-01-06 until 2026-01-07}',
	'{reminder 5 email time 1 raised 2026-01-06}', '{reminder 5 email time 100001 raised 2026-01-06}', '{reminder 5 email time x raised 2026-01-06}',
	'{reminder 400001 email raised 2026-01-06}', '{reminder -400001 email raised 2026-01-06}', '{reminder 0 months email raised 2026-01-06}', '{reminder 121 months email raised 2026-01-06}',
	'{reminder end of month + 0 email raised 2026-01-06}', '{reminder -1 days end of month email raised 2026-01-06}', '{reminder 5 + 3 email raised 2026-01-06}', '{reminder after 7 email raised 2026-01-06}',
	'{reminder 5 "email" raised 2026-01-06}', '{reminder 5 é raised 2026-01-06}', '{reminder 5 2nd raised 2026-01-06}',
	'{hold}', '{hold dispute}', '{hold dispute on 2026-01-06}', '{hold dispute from 2026-01-06 until 2026-01-05}', '{hold dispute from 2026-01-06 released 2026-01-05}', '{hold from 2026-01-06}',
	'{hold dispute from 2026-01-06 released 2026-01-08 until 2026-01-07}', '{hold dispute from 2026-01-06 stops}', '{hold dispute from 2026-01-06 stops some}',
	'{hold dispute from 2026-01-06 then stop}', '{hold dispute from 2026-01-06 noted}', '{hold dispute from 2026-01-06 noted infinity}', '{hold dispute noted 2026-01-06 from 2026-01-06}', '{reminder 5 email noted 2026-01-06}', '{hold dispute from 2026-01-06 then wait stops all}', '{hold dispute from 2026-01-06 ended 2026-01-07}', '{hold "dispute" from 2026-01-06}',
	'{handover}', '{handover agency}', '{handover agency from 2026-01-06}', '{handover agency on 2026-01-06 ended 2026-01-05}', '{handover agency on 2026-01-06 until 2026-01-07}'])
	WITH ORDINALITY AS l (literal, n),
	refusal(literal, 'dunning.dunning_history')
ORDER BY n;
SELECT state, message, detail FROM refusal(format('{hold %s from 2026-01-06}', repeat('x', 64)), 'dunning.dunning_history');
SELECT '{' || string_agg('hold a from 2026-01-06', '; ') || '}' AS full FROM generate_series(1, 1000) \gset
SELECT count(*) FROM facts(:'full');
SELECT state, detail FROM refusal(left(:'full', -1) || '; hold a from 2026-01-06}', 'dunning.dunning_history');
\set VERBOSITY sqlstate
SELECT '{x}'::dunning_history;
\set VERBOSITY default

--
-- Equality, hashing, order, binary form
--
SELECT a::dunning_history = b::dunning_history AS equal, a::dunning_history <> b::dunning_history AS other,
	dunning_history_hash(a::dunning_history) = dunning_history_hash(b::dunning_history) AS same_hash,
	dunning_history_hash_extended(a::dunning_history, 7) = dunning_history_hash_extended(b::dunning_history, 7) AS same_extended
FROM (VALUES ('{}', '{}'), ('{reminder 5 email raised 2026-01-06}', '{ REMINDER +5 days EMAIL raised 2026-01-06 }'), ('{hold a from 2026-01-06; hold b from 2026-01-05}', '{hold b from 2026-01-05; hold a from 2026-01-06}'),
	('{hold a from 2026-01-06 stops all then continue}', '{hold a from 2026-01-06}'), ('{hold a from 2026-01-06}', '{hold a from 2026-01-06; hold a from 2026-01-06}'),
	('{reminder 5 email raised 2026-01-06 cancelled 2026-01-07}', '{reminder 5 email raised 2026-01-06 withdrawn 2026-01-07}'),
	('{reminder 5 email raised 2026-01-06 sent 2026-01-07}', '{reminder 5 email raised 2026-01-06 skipped 2026-01-07}'), ('{reminder 30 email raised 2026-01-06}', '{reminder 1 month email raised 2026-01-06}'),
	('{hold a from 2026-01-06}', '{handover a on 2026-01-06}'), ('{hold a from 2026-01-06 noted 2026-01-06 until 2026-01-09 noted 2026-01-06}', '{hold a from 2026-01-06 until 2026-01-09}'),
	('{hold a from 2026-01-06 noted 2026-01-07}', '{hold a from 2026-01-06}')) AS p (a, b);
SELECT count(*) AS literals, count(DISTINCT literal::dunning_history) AS histories, count(DISTINCT literal::dunning_history::text) AS texts,
	array_agg(literal::dunning_history::text ORDER BY literal::dunning_history) = array_agg(literal::dunning_history::text ORDER BY literal::dunning_history::text COLLATE "C") AS in_the_order_of_the_texts
FROM good;
CREATE TABLE sent AS SELECT n, literal::dunning_history AS h FROM good;
CREATE TABLE received (LIKE sent);
\copy sent TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/dunning_history.bin"' (FORMAT binary)
\copy received FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/dunning_history.bin"' (FORMAT binary)
SELECT count(*) AS rows, count(*) FILTER (WHERE s.h = r.h AND s.h::text = r.h::text) AS same FROM sent AS s JOIN received AS r USING (n);
SELECT encode(dunning_history_send('{hold a from 2026-01-06}'), 'escape') AS sent;

--
-- What is added
--
SELECT '{hold a from 2026-01-06}'::dunning_history + '{reminder 5 email raised 2026-01-05}' AS added,
	'{}'::dunning_history + '{hold a from 2026-01-06}' = '{hold a from 2026-01-06}' AS of_none,
	'{hold a from 2026-01-06}'::dunning_history + '{hold a from 2026-01-06}' AS of_the_same,
	'{hold a from 2026-01-06}'::dunning_history + NULL AS of_null;
SELECT count(*) AS pairs, count(*) FILTER (WHERE a.h + b.h = b.h + a.h AND a.h + b.h = (left(a.h::text, -1) || CASE WHEN '{}' IN (a.h::text, b.h::text) THEN '' ELSE '; ' END || right(b.h::text, -1))::dunning_history) AS as_the_text
FROM sent AS a CROSS JOIN sent AS b;
SELECT dunning.sum(h), dunning.sum(h) FILTER (WHERE n > 2) AS without_empty FROM sent WHERE n IN (1, 2, 3, 17, 24);
SELECT dunning.sum(h) FROM sent WHERE n = 0;
SELECT dunning.sum(h) FROM (VALUES (NULL::dunning_history)) AS v (h);
SELECT dunning.sum(h) FROM (VALUES (NULL::dunning_history), ('{hold a from 2026-01-06}'), (NULL)) AS v (h);
SELECT dunning.sum(h) = '{}' AS none FROM (VALUES (dunning_history '{}')) AS v (h);
SELECT (:'full'::dunning_history + '{}') = :'full' AS full;
SELECT :'full'::dunning_history + '{hold a from 2026-01-06}';
\set VERBOSITY sqlstate
SELECT dunning.sum(h) FROM (VALUES (:'full'::dunning_history), ('{hold a from 2026-01-06}')) AS v (h);
\set VERBOSITY default
-- in parallel
CREATE TABLE many AS SELECT k % 7 AS item, hold_fact('r' || k % 5, date '2026-01-01' + k) AS h FROM generate_series(1, 3000) AS k;
ANALYZE many;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
CREATE FUNCTION plan_nodes(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		RETURN NEXT substring(line FROM '(?:Partial|Finalize)');
	END LOOP;
END $$;
SELECT 'SELECT item, dunning.sum(h) AS h FROM many GROUP BY item' AS answer \gset
SELECT node FROM plan_nodes(:'answer') AS node WHERE node IS NOT NULL ORDER BY node;
SELECT item, (SELECT count(*) FROM facts(p.h)) AS facts, p.h = ('{' || e.text || '}')::dunning_history AS same
FROM (:answer) AS p
JOIN (SELECT item, string_agg(trim(h::text, '{}'), '; ') AS text FROM many GROUP BY item) AS e USING (item) ORDER BY item;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

--
-- Its facts as rows, and one fact
--
SELECT * FROM facts('{reminder 5 email raised 2026-01-06 sent 2026-01-07 cancelled 2026-01-09; reminder 1 month letter time 2 raised 2026-01-07 withdrawn 2026-01-08; reminder 20 sms raised 2026-01-08 skipped 2026-01-08;
	reminder 30 phone raised 2026-01-09; hold dispute from 2026-01-10 until 2026-02-10 released 2026-01-20 stops automatic then wait; hold x from 2026-01-11 stops none then restart; hold y from 2026-01-12;
	handover agency on 2026-03-01 ended 2026-04-01; handover lawyer on 2026-05-01}');
SELECT count(*) FROM facts('{}');
SELECT count(*) FROM facts(NULL);
SELECT on_day, name, done_on, ended_on, noted_on, done_noted_on, ended_noted_on FROM facts('{hold a from 2026-01-10 noted 2026-01-15 until 2026-02-10 noted 2026-01-20 released 2026-01-18 noted 2026-01-25; reminder 5 email raised 2026-01-12 sent 2026-01-13 noted 2026-01-16}');
SELECT reminder_fact('5', 'email', 1, '2026-01-06') AS pending, reminder_fact('+1 months', 'letter', 2, '2026-01-06', '2026-01-07') AS sent, reminder_fact('5', 'email', 1, '2026-01-06', NULL, '2026-01-07', '2026-01-08') AS skipped;
SELECT reminder_fact('5', 'email', 1, '2026-01-06', '2026-01-07', NULL, '2026-01-08', true) AS withdrawn, reminder_fact('5', 'email', 1, '2026-01-06', NULL, NULL, NULL, true) AS not_cancelled,
	reminder_fact('5', 'email', 1, '2026-01-06', NULL, NULL, '2026-01-08', NULL) AS cancelled;
SELECT reminder_fact(NULL, 'email', 1, '2026-01-06') AS step, reminder_fact('5', NULL, 1, '2026-01-06') AS channel, reminder_fact('5', 'email', NULL, '2026-01-06') AS occurrence, reminder_fact('5', 'email', 1, NULL) AS raised_on;
SELECT hold_fact('dispute', '2026-01-06') AS hold, hold_fact('dispute', '2026-01-06', '2026-01-09', '2026-01-08', 'automatic', 'wait') AS all_of_it, hold_fact('dispute', '2026-01-06', NULL, NULL, NULL, NULL) AS nulls;
SELECT hold_fact(NULL, '2026-01-06') AS reason, hold_fact('dispute', NULL) AS from_day, hold_fact('dispute', '2026-01-06', 'infinity') AS until_infinity;
SELECT reminder_fact('5', 'email', 1, '2026-01-06', '2026-01-07', NULL, '2026-01-08', true, '2026-01-09', '2026-01-10', '2026-01-11') AS noted_later,
	reminder_fact('5', 'email', 1, '2026-01-06', NULL, NULL, NULL, false, '2026-01-06', '2026-01-10', '2026-01-11') AS noted_then;
SELECT hold_fact('dispute', '2026-01-06', '2026-01-09', '2026-01-08', noted_on => '2026-01-05', until_noted_on => '2026-01-05', released_noted_on => '2026-01-10') AS noted_before,
	hold_fact('dispute', '2026-01-06', '2026-01-09', noted_on => '2026-01-07', until_noted_on => '2026-01-08', released_noted_on => '2026-01-10') AS until_later;
SELECT hold_fact('dispute', '2026-01-06', noted_on => 'infinity');
-- what was known on a day: nothing before it was noted, and no end before that was
SELECT day, as_seen_on('{hold a from 2026-01-10 noted 2026-01-15 until 2026-02-10 noted 2026-01-20 released 2026-01-18 noted 2026-01-25;
	reminder 5 email raised 2026-01-12 sent 2026-01-13 noted 2026-01-16 withdrawn 2026-01-14 noted 2026-01-17}', day) AS seen
FROM (VALUES (date '2026-01-11'), ('2026-01-12'), ('2026-01-15'), ('2026-01-16'), ('2026-01-17'), ('2026-01-20'), ('2026-01-25'), ('infinity'), ('-infinity'), (NULL)) AS v (day);
SELECT count(*) AS lives, count(*) FILTER (WHERE as_seen_on(h, 'infinity') = h AND as_seen_on(as_seen_on(h, day), day) = as_seen_on(h, day)) AS same FROM sent, unnest(ARRAY[date '2026-01-07', '2026-01-09', '2026-03-01']) AS day;
SELECT handover_fact('agency', '2026-01-06') AS handover, handover_fact('agency', '2026-01-06', '2026-01-06') AS ended, handover_fact(NULL, '2026-01-06') AS receiver, handover_fact('agency', NULL) AS on_day;
SELECT reminder_fact('x', 'email', 1, '2026-01-06');
SELECT reminder_fact('5 email', 'email', 1, '2026-01-06');
SELECT reminder_fact('5', 'E-mail', 1, '2026-01-06');
SELECT reminder_fact('5', '', 1, '2026-01-06');
SELECT reminder_fact('5', repeat('x', 64), 1, '2026-01-06');
SELECT reminder_fact('5', 'email', 1, '2026-01-06', '2026-01-05');
SELECT reminder_fact('5', 'email', 1, '2026-01-06', NULL, NULL, '2026-01-05');
SELECT reminder_fact('5', 'email', 1, 'infinity');
SELECT hold_fact('Dispute', '2026-01-06');
SELECT hold_fact('dispute', '2026-01-06', '2026-01-05');
SELECT hold_fact('dispute', '2026-01-06', NULL, NULL, 'some');
SELECT hold_fact('dispute', '2026-01-06', NULL, NULL, 'all', 'stop');
SELECT handover_fact('the agency', '2026-01-06');
SELECT handover_fact('agency', '2026-01-06', '2026-01-05');
SELECT handover_fact('agency', '0001-12-31 BC');

--
-- What is decided
--
CREATE FUNCTION shown(p text, day date, h text DEFAULT NULL, b text DEFAULT NULL, a numeric DEFAULT NULL, c text DEFAULT NULL, cur text DEFAULT NULL, due date DEFAULT '2026-01-01',
		OUT state text, OUT step text, OUT step_on date, OUT until_on date, OUT reason text, OUT last_step text, OUT last_on date, OUT changes_on date)
	LANGUAGE sql IMMUTABLE AS $$
SELECT d.state, concat_ws(' ', d.level || '.', d.step, d.channel, nullif(d.occurrence, 1)), d.step_on, d.until_on, concat_ws(' ', d.reason, d.reason_name, d.reason_on),
	concat_ws(' ', d.last_step, d.last_channel), d.last_on, d.changes_on
FROM dunning.decide(p::dunning_procedure, due, day, h::dunning_history, b::balance_history, a, c::calendar, cur) AS d $$;
\set ladder '5 email "Reminder"; 15 letter; 30 phone manual; wait 3'

-- every column
SELECT * FROM decide(:'ladder', '2026-01-01', '2026-01-10', '{reminder 5 email raised 2026-01-06 sent 2026-01-07; hold dispute from 2026-01-10 until 2026-01-12}') \gx
SELECT * FROM decide('5 email "Reminder"', '2026-01-01', '2026-01-02') \gx
-- no answer, and what is not there
SELECT decide(NULL, '2026-01-01', '2026-01-10') IS NULL AS procedure, decide(:'ladder', NULL, '2026-01-10') IS NULL AS due_on, decide(:'ladder', '2026-01-01', NULL) IS NULL AS as_of,
	decide(:'ladder', '2026-01-01', '2026-01-10', NULL, NULL, NULL, NULL, NULL) = decide(:'ladder', '2026-01-01', '2026-01-10', '{}') AS nulls_are_none,
	(decide(:'ladder', '2026-01-01', '2026-01-10', balance => '{}')).state AS empty_balance;
SET dunning.today = '2026-01-10';
SELECT (decide(:'ladder', '2026-01-01')).step_on AS today;
RESET dunning.today;

-- day by day: what is due, sent late, waited for, for a person, and the end
SELECT day, s.* FROM (VALUES (date '2025-12-31'), ('2026-01-05'), ('2026-01-06'), ('2026-01-10')) AS v (day), shown(:'ladder', day) AS s;
SELECT day, s.* FROM (VALUES (date '2026-01-05'), ('2026-01-06'), ('2026-01-13'), ('2026-01-14'), ('2026-01-15'), ('2026-01-16'), ('2026-01-17'), ('2026-01-18'), ('2026-01-30'), ('2026-01-31'), ('2026-02-01')) AS v (day),
	shown(:'ladder', day, '{reminder 5 email raised 2026-01-06 sent 2026-01-14; reminder 15 letter raised 2026-01-17 sent 2026-01-17; reminder 30 phone raised 2026-01-31 sent 2026-02-01}') AS s;
-- skipped counts as sent; what is cancelled or withdrawn comes again, what is cancelled later stands until then
SELECT f, s.* FROM (VALUES ('{reminder 5 email raised 2026-01-06 skipped 2026-01-08}'), ('{reminder 5 email raised 2026-01-06 cancelled 2026-01-06}'), ('{reminder 5 email raised 2026-01-06 withdrawn 2026-01-08}'),
	('{reminder 5 email raised 2026-01-06 sent 2026-01-07 cancelled 2026-01-08}'), ('{reminder 5 email raised 2026-01-06 sent 2026-01-07 cancelled 2026-01-12}'), ('{reminder 5 email raised 2026-01-06 sent 2026-01-12}'),
	('{reminder 5 email raised 2026-01-11}')) AS v (f), shown(:'ladder', '2026-01-10', f) AS s;

-- infinite days, and days that cannot be
SELECT due, day, s.* FROM (VALUES (date 'infinity', date '2026-01-10'), ('-infinity', '2026-01-10'), ('2026-01-01', 'infinity'), ('2026-01-01', '-infinity'), ('infinity', 'infinity'), ('-infinity', '-infinity'),
	('5874897-12-31', '5874897-12-31'), ('4714-11-24 BC', '4714-11-24 BC')) AS v (due, day), shown(:'ladder', day, due => due) AS s;
SELECT day, s.* FROM (VALUES (date 'infinity'), ('-infinity')) AS v (day), shown(:'ladder', day, '{reminder 5 email raised 2026-01-06; hold dispute from 2026-01-10 until 2026-02-10}') AS s;

-- holds: from the first day through the last; released; stops; what they end with
SELECT day, s.* FROM (VALUES (date '2026-01-09'), ('2026-01-10'), ('2026-02-10'), ('2026-02-11')) AS v (day), shown(:'ladder', day, '{hold dispute from 2026-01-10 until 2026-02-10}') AS s;
SELECT day, s.* FROM (VALUES (date '2026-01-19'), ('2026-01-20'), ('2026-01-21')) AS v (day), shown(:'ladder', day, '{hold dispute from 2026-01-10 until 2026-02-10 released 2026-01-20}') AS s;
SELECT f, s.* FROM (VALUES ('{hold a from 2026-01-05}'), ('{hold a from 2026-01-05 released 2026-01-05}'), ('{hold a from 2026-01-05 until 2026-01-20; hold b from 2026-01-08 until 2026-01-25; hold c from 2026-01-09 until 2026-01-22}'),
	('{hold a from 2026-01-05 until 2026-01-20; hold b from 2026-01-06}'), ('{hold a from 2026-01-05 stops automatic}'), ('{hold a from 2026-01-05 stops none}'),
	('{hold a from 2026-01-05 until 2026-01-20 stops automatic; hold b from 2026-01-05 until 2026-01-08}'),
	('{hold a from 2026-01-05 stops automatic; reminder 5 email raised 2026-01-06; reminder 15 letter raised 2026-01-06}'),
	('{hold a from 2026-01-05 stops all; reminder 5 email raised 2026-01-06; reminder 15 letter raised 2026-01-06; reminder 30 phone raised 2026-01-07}'),
	('{hold a from 2026-01-05 stops automatic; reminder 5 email raised 2026-01-06; reminder 15 letter raised 2026-01-06; reminder 30 phone raised 2026-01-07}')) AS v (f), shown(:'ladder', '2026-01-10', f) AS s;
-- manual steps are not stopped by a hold that stops automatic ones
SELECT day, s.* FROM (VALUES (date '2026-01-30'), ('2026-01-31')) AS v (day), shown(:'ladder', day, '{hold a from 2026-01-05 stops automatic; reminder 5 email raised 2026-01-06; reminder 15 letter raised 2026-01-16}') AS s;
SELECT e AS then_do, day, s.* FROM unnest(ARRAY['continue', 'wait', 'restart']) WITH ORDINALITY AS t (e, n), (VALUES (date '2026-01-20'), ('2026-01-21'), ('2026-01-22'), ('2026-01-23'), ('2026-01-24')) AS v (day),
	shown(:'ladder', day, format('{reminder 5 email raised 2026-01-06 sent 2026-01-06; hold dispute from 2026-01-10 until 2026-01-20 then %s}', e)) AS s ORDER BY n, day;
-- the wait begins again from the day of the release; the longer of two; a reminder after the hold that restarted counts
SELECT f, s.* FROM (VALUES ('{hold a from 2026-01-05 until 2026-02-20 released 2026-01-19 then wait}'), ('{hold a from 2026-01-05 until 2026-01-19 then wait; hold b from 2026-01-05 until 2026-01-18 then wait}'),
	('{hold a from 2026-01-05 until 2026-01-05 then wait}'), ('{hold a from 2026-01-05 released 2026-01-05 then wait}'), ('{reminder 5 email raised 2026-01-06; hold a from 2026-01-07 until 2026-01-10 stops none then restart; reminder 5 email time 2 raised 2026-01-11}'),
	('{reminder 5 email raised 2026-01-10; hold a from 2026-01-07 until 2026-01-10 then restart}')) AS v (f), shown(:'ladder', '2026-01-20', f) AS s;

-- handover, and its end
SELECT day, s.* FROM (VALUES (date '2026-01-09'), ('2026-01-10'), ('2026-01-19'), ('2026-01-20')) AS v (day),
	shown(:'ladder', day, '{reminder 5 email raised 2026-01-06; hold dispute from 2026-01-07 until 2026-01-12; handover agency on 2026-01-10 ended 2026-01-20}') AS s;

-- the balance of the day, with what is paid, taken back and paid later; it goes before the open amount
SELECT day, s.* FROM (VALUES (date '2026-01-06'), ('2026-01-10'), ('2026-01-19'), ('2026-01-20'), ('2026-01-25'), ('2026-02-01')) AS v (day),
	shown(:'ladder', day, NULL, '{2025-12-01: 100.00, 2026-01-10: -100.00, 2026-01-20: 100.00, 2026-02-01: -120.00}', 0) AS s;
SELECT decide(:'ladder', '2026-01-01', '2026-01-10', open_amount => 'NaN');
SELECT next_step('5 email', '2026-01-01', '2026-01-10', open_amount => 'NaN');
SELECT replay('5 email', '2026-01-01', '2026-01-10', '2026-01-20', open_amount => 'NaN');
SELECT state_of_step('5 email', '5', 'email', '2026-01-01', '2026-01-10', open_amount => 'NaN') IS NULL AS of_no_number;
SELECT a AS open_amount, s.* FROM (VALUES (NULL), (0), (-5), (0.01), ('Infinity'), ('-Infinity'), (1e40), (-1e40), (1e-30)) AS v (a), shown(:'ladder', '2026-01-10', a => a) AS s;
-- settled comes before handed over, which comes before held
SELECT s.* FROM shown(:'ladder', '2026-01-10', '{hold a from 2026-01-05; handover agency on 2026-01-05}', '{2025-12-01: 100.00, 2026-01-08: -100.00}') AS s
UNION ALL SELECT s.* FROM shown(:'ladder', '2026-01-10', '{hold a from 2026-01-05; handover agency on 2026-01-05}', '{2025-12-01: 100.00, 2026-01-18: -100.00}') AS s;
-- the minimum of the step in the currency, before its day, on it, and once less is open
SELECT cur, a AS open_amount, s.* FROM (VALUES ('EUR', 49.99), ('EUR', 50), ('USD', 50), ('CHF', 49.99), ('CHF', 50), (NULL, 49.99), ('EUR', 1e-30), ('EUR', 1e40)) AS v (cur, a),
	shown('5 email min 50 EUR, 60 USD', '2026-01-10', a => a, cur => cur) AS s;
SELECT day, s.* FROM (VALUES (date '2026-01-05'), ('2026-01-06'), ('2026-01-08'), ('2026-01-12')) AS v (day),
	shown('5 email min 50 EUR', day, NULL, '{2025-12-01: 40.00, 2026-01-08: 20.00, 2026-01-12: -30.00}', cur => 'EUR') AS s;
-- mode jump: the most severe step whose day has come and whose minimum is met; after it only later ones
SELECT f, day, s.* FROM (VALUES (NULL, date '2026-01-05'), (NULL, '2026-01-10'), (NULL, '2026-01-20'), (NULL, '2026-02-20'), ('{reminder 15 letter raised 2026-01-20}', '2026-01-25'), ('{reminder 15 letter raised 2026-01-30}', '2026-02-01'),
	('{reminder 30 phone raised 2026-01-31}', '2026-02-20'), ('{reminder 5 email raised 2026-01-06; hold a from 2026-01-07 until 2026-01-20 then restart}', '2026-01-22')) AS v (f, day),
	shown('5 email; 15 letter; 30 phone; wait 3; mode jump', day, f) AS s;
SELECT a AS open_amount, s.* FROM (VALUES (100), (60), (40), (5)) AS v (a), shown('5 email min 10 EUR; 15 letter min 50 EUR; 30 phone min 80 EUR; mode jump', '2026-02-20', a => a, cur => 'EUR') AS s;
-- before the due date: too late once the item is past due
SELECT day, s.* FROM (VALUES (date '2025-12-28'), ('2025-12-29'), ('2026-01-01'), ('2026-01-02')) AS v (day), shown('-3 email; 5 letter', day) AS s;
SELECT day, s.* FROM (VALUES (date '2025-12-29'), ('2026-01-02')) AS v (day), shown('-3 email', day) AS s;

-- following business day: by the calendar, or Saturdays and Sundays (2026-01-10 is a Saturday)
SELECT c, s.* FROM (VALUES (NULL), ('no weekend'), ('sat sun; 2026-01-12'), ('fri sat; 2026-01-11')) AS v (c), shown('9 email; 20 letter; following business day', '2026-01-05', c => c) AS s;
SELECT s.* FROM shown('9 email; 20 letter', '2026-01-05', c => 'sat sun; 2026-01-12') AS s;
-- the wait after a reminder, and the wait after a hold, end on a Saturday
SELECT f, s.* FROM (VALUES ('{reminder 9 email raised 2026-01-12 sent 2026-01-12}'), ('{hold a from 2026-01-05 until 2026-01-12 then wait}')) AS v (f), shown('9 email; 12 letter; wait 5; following business day', '2026-01-15', f) AS s;

-- repeat: the last step again, by the day of the last time; a cancelled time comes again
SELECT f, day, s.* FROM (VALUES ('{reminder 5 email raised 2026-01-06 sent 2026-01-08}', date '2026-01-17'), ('{reminder 5 email raised 2026-01-06 sent 2026-01-08}', '2026-01-18'),
	('{reminder 5 email raised 2026-01-06; reminder 5 email time 2 raised 2026-01-16}', '2026-01-20'), ('{reminder 5 email raised 2026-01-06; reminder 5 email time 2 raised 2026-01-16 cancelled 2026-01-19}', '2026-01-20'),
	('{reminder 5 email raised 2026-01-06; reminder 5 email time 2 raised 2026-01-16; hold a from 2026-01-17 until 2026-01-18 then restart}', '2026-01-20')) AS v (f, day), shown('5 email repeat 10', day, f) AS s;
SELECT mode, s.* FROM unnest(ARRAY['stepwise', 'jump']) AS mode, shown('5 email; 15 letter wait 20 repeat 10; mode ' || mode, '2026-02-01', '{reminder 5 email raised 2026-01-06; reminder 15 letter raised 2026-01-16}') AS s ORDER BY mode DESC;
-- after N: from the day on which the step before was done, but not earlier than planned
SELECT f, s.* FROM (VALUES (NULL), ('{reminder 5 email raised 2026-01-06 sent 2026-01-10}'), ('{reminder 5 email raised 2026-01-06 skipped 2026-01-08}'), ('{reminder 5 email raised 2026-01-03 sent 2026-01-03}')) AS v (f),
	shown('5 email; after 7 letter; after 10 phone', '2026-01-09', f) AS s;
-- months and ends of months
SELECT due, s.* FROM (VALUES (date '2026-01-15'), ('2026-01-31'), ('2026-02-28'), ('2024-01-30')) AS v (due), shown('1 month email; 1 month end of month + 5 letter', due, due => due) AS s;
SELECT due, s.* FROM (VALUES (date '2026-01-15'), ('2026-01-31'), ('2026-02-28')) AS v (due), shown('1 month email; 1 month end of month + 5 letter', due + 40, format('{reminder 1 month email raised %s}', due + 31), due => due) AS s;

-- another procedure: a step of the same day and channel is that step, or else the first later day follows
SELECT p, s.* FROM (VALUES ('5 email; 20 phone'), ('-3 sms; 5 email; 10 sms; 20 phone'), ('3 email; 7 email; 20 phone'), ('5 letter; 20 phone'), ('5 sms; 5 email; 5 phone'), ('5 email'), ('2 email; 4 letter'), ('1 month email'),
	('0 days end of month email'), ('5 email repeat 30')) AS v (p), shown(p, '2026-01-20', '{reminder 5 email raised 2026-01-06}') AS s;
SELECT p, s.* FROM (VALUES ('30 email; 31 phone'), ('1 month email; 1 month + 5 phone'), ('31 email; 40 phone')) AS v (p), shown(p, '2026-02-20', '{reminder 1 month email raised 2026-02-01}') AS s;
SELECT s.* FROM shown('5 email; 12 phone; 20 letter', '2026-01-20', '{reminder 10 sms raised 2026-01-11; reminder 5 email raised 2026-01-12}') AS s;

-- what holds until changes_on holds on each day before, and not on that day
CREATE TABLE life (p text, h text, b text);
INSERT INTO life VALUES
	(:'ladder', '{reminder 5 email raised 2026-01-06 sent 2026-01-08; hold a from 2026-01-10 until 2026-01-20 then wait; reminder 15 letter raised 2026-01-24 cancelled 2026-01-26; handover x on 2026-02-10 ended 2026-02-20}', '{2025-12-01: 100, 2026-03-01: -100, 2026-03-10: 100}'),
	('-3 sms; 5 email; 1 month letter min 50 EUR; after 7 phone repeat 10; mode jump; following business day', '{hold a from 2026-01-20 until 2026-01-30 stops automatic then restart; reminder 5 email raised 2026-01-06}', '{2025-12-01: 40, 2026-02-15: 40}'),
	('5 email; 5 letter manual; after 3 phone; wait 4', '{reminder 5 letter raised 2026-01-04 withdrawn 2026-01-05; hold a from 2026-01-03 released 2026-01-07 stops automatic; reminder 5 email raised 2026-01-09 skipped 2026-01-12}', NULL);
WITH days AS (
	SELECT p, h, b, date '2025-12-20' + k AS day, decide(p::dunning_procedure, '2026-01-01', date '2025-12-20' + k, h::dunning_history, b::balance_history, currency => 'EUR') AS d
	FROM life, generate_series(0, 110) AS k
)
SELECT count(*) AS days, count(*) FILTER (WHERE (x.d).changes_on IS DISTINCT FROM (SELECT min(y.day) FROM days AS y WHERE (y.p, y.h) = (x.p, x.h) AND y.day > x.day
	AND ((y.d).state, (y.d).level, (y.d).occurrence, (y.d).step_on) IS DISTINCT FROM ((x.d).state, (x.d).level, (x.d).occurrence, (x.d).step_on))
	AND ((x.d).changes_on <= '2026-04-09' OR (x.d).changes_on IS NULL)) AS wrong, count(DISTINCT (x.d).state) AS states
FROM days AS x;

-- the short form agrees with it
SELECT count(*) AS cases, count(*) FILTER (WHERE (n.level, n.step_on, n.state, n.changes_on) IS DISTINCT FROM (d.level, d.step_on, d.state, d.changes_on)) AS other
FROM generate_series(0, 60) AS k, (VALUES (NULL, 0, NULL::date, NULL::date), ('{reminder 5 email raised 2026-01-06}', 1, '2026-01-06', NULL), ('{hold a from 2025-01-01 until 2026-01-10}', 0, NULL, '2026-01-10')) AS v (h, l, o, u),
	unnest(ARRAY[NULL, 0, 100]) AS a, next_step(:'ladder', '2026-01-01', date '2025-12-20' + k, l, o, a, u) AS n, decide(:'ladder'::dunning_procedure, '2026-01-01', date '2025-12-20' + k, h::dunning_history, open_amount => a) AS d
WHERE l = 0 OR date '2025-12-20' + k >= o;

-- the state of one step, whatever was sent before
SELECT day, step, channel, h, a AS open_amount, state_of_step('-3 sms; 5 email min 50 EUR; 10 phone manual; 1 month letter; wait 30; mode jump', step, channel, '2026-01-10', day, h::dunning_history, a, 'EUR') AS state
FROM (VALUES (date '2026-01-06', '-3', 'sms', NULL, 100), ('2026-01-07', '-3', 'sms', NULL, 100), ('2026-01-10', '-3', 'sms', NULL, 100), ('2026-01-11', '-3', 'sms', NULL, 100), ('2026-01-14', '5', 'email', NULL, 100),
	('2026-01-15', '5 days', 'email', NULL, 100), ('2026-12-31', '5', 'email', '{reminder 10 phone raised 2026-12-31}', 100), ('2026-01-15', '5', 'email', NULL, 49.99), ('2026-01-15', '5', 'email', NULL, NULL), ('2026-01-15', '5', 'email', NULL, 'NaN'), ('2026-01-15', '5', 'email', NULL, 1e-30), ('2026-01-15', '5', 'email', NULL, 0),
	('2026-01-15', '5', 'email', '{hold a from 2026-01-01}', 100), ('2026-01-15', '5', 'email', '{hold a from 2026-01-01 until 2026-01-14 then wait}', 100), ('2026-01-20', '10', 'phone', '{hold a from 2026-01-01 stops automatic}', 100),
	('2026-01-20', '5', 'email', '{hold a from 2026-01-01 stops automatic}', 100), ('2026-01-20', '5', 'email', '{handover a on 2026-01-01}', 100), ('2026-02-09', '1 month', 'letter', NULL, 100), ('2026-02-10', '1 months', 'letter', NULL, 100),
	('2026-01-20', '5', 'phone', NULL, 100), ('2026-01-20', '6', 'email', NULL, 100), ('2026-02-10', '31', 'letter', NULL, 100), ('2026-01-20', '6', 'email', '{hold a from 2026-01-01}', 100)) AS v (day, step, channel, h, a);
SELECT state_of_step(NULL, '5', 'email', '2026-01-01', '2026-01-10') AS procedure, state_of_step('5 email', NULL, 'email', '2026-01-01', '2026-01-10') AS step, state_of_step('5 email', '5', NULL, '2026-01-01', '2026-01-10') AS channel,
	state_of_step('5 email', '5', 'email', NULL, '2026-01-10') AS due_on, state_of_step('5 email', '5', 'email', '2026-01-01', NULL) AS as_of, state_of_step('5 email', 'x', 'email', '2026-01-01', '2026-01-10') AS no_day_of_a_step;

--
-- What the runs of a time raise
--
\set days 'date ''2026-01-01'', date ''2026-03-31'''
-- from nothing: nothing is sent, so each follows the day on which the one before was raised
SELECT * FROM replay(:'ladder', '2026-01-01', :days);
-- not before the first day, nor after the last; on the days of the runs alone, in whatever order they are given
SELECT * FROM replay(:'ladder', '2026-01-01', '2026-01-10', '2026-01-31');
SELECT * FROM replay(:'ladder', '2026-01-01', '2026-01-10', '2026-01-09');
SELECT * FROM replay(:'ladder', '2026-01-01', :days, run_days => '{2026-02-20,2026-01-09,2026-01-09,2025-12-31,2026-01-19,2026-01-21,2026-04-01}');
SELECT count(*) AS no_run FROM replay(:'ladder', '2026-01-01', :days, run_days => '{}');
-- what was before the first day counts; what became of a reminder that a run did raise is taken over, other reminders are not
SELECT * FROM replay(:'ladder', '2026-01-01', '2026-01-10', '2026-03-31', '{reminder 5 email raised 2026-01-06 sent 2026-01-15}');
SELECT h, r.* FROM (VALUES (1, '{reminder 5 email raised 2026-01-06 sent 2026-01-20}'), (2, '{reminder 5 email raised 2026-01-06 cancelled 2026-01-08}'), (3, '{reminder 5 email raised 2026-01-07 sent 2026-01-20}'),
	(4, '{reminder 5 email raised 2026-01-06 withdrawn 2026-01-08}'), (5, '{reminder 5 letter raised 2026-01-06 sent 2026-01-20}'), (6, '{reminder 5 email raised 2026-01-06 skipped 2026-01-20 cancelled 2026-01-22}')) AS v (n, h), replay('5 email; 15 letter', '2026-01-01', :days, h::dunning_history) AS r ORDER BY n, on_day;
-- what was raised before and withdrawn on these days is pending again
SELECT * FROM replay('5 email; 15 letter', '2026-01-01', '2026-01-07', '2026-03-31', '{reminder 5 email raised 2026-01-06 withdrawn 2026-01-08}');
-- holds and handovers are as they are
SELECT h, r.* FROM (VALUES (1, '{hold a from 2026-01-06 until 2026-01-12}'), (2, '{hold a from 2026-01-10 until 2026-01-20 then wait}'), (3, '{hold a from 2026-01-10 until 2026-01-20 then restart}'), (4, '{hold a from 2026-01-10 stops automatic}'),
	(5, '{handover a on 2026-01-10}'), (6, '{handover a on 2026-01-10 ended 2026-01-15}')) AS v (n, h), replay('5 email; 15 letter manual; wait 4', '2026-01-01', :days, h::dunning_history) AS r ORDER BY n, on_day, event DESC;
-- a payment in part: what is pending is withdrawn, and raised with what is open; all of it; what is below the minimum
SELECT b, r.* FROM (VALUES (1, '{2025-12-01: 100, 2026-01-10: -40}'), (2, '{2025-12-01: 100, 2026-01-10: -100}'), (3, '{2025-12-01: 100, 2026-01-10: -100, 2026-01-25: 100}'), (4, '{2025-12-01: 100, 2026-01-10: -60}'), (5, '{2025-12-01: 100, 2026-01-06: -40}')) AS v (n, b),
	replay('5 email min 50 EUR; 15 letter', '2026-01-01', :days, balance => b::balance_history, currency => 'EUR') AS r ORDER BY n, on_day, event DESC;
SELECT a AS open_amount, c AS currency, count(on_day) AS events FROM (VALUES (100, 'EUR'), (0, 'EUR'), (55, 'EUR'), (55, 'USD')) AS v (a, c) LEFT JOIN LATERAL replay('5 email min 50 EUR, 60 USD', '2026-01-01', :days, open_amount => a, currency => c) AS r ON true GROUP BY a, c ORDER BY a, c;
-- sent reminders stay
SELECT * FROM replay('5 email; 15 letter', '2026-01-01', :days, '{reminder 5 email raised 2026-01-06 sent 2026-01-06}', '{2025-12-01: 100, 2026-01-10: -40}');
-- business days, repetition, months, jumps
SELECT * FROM replay('9 email; 15 letter repeat 20; following business day', '2026-01-01', :days, calendar => 'sat sun; 2026-01-12');
SELECT * FROM replay('1 month email; after 10 letter; 2 months end of month phone', '2026-01-31', :days);
SELECT * FROM replay('5 email; 15 letter; 30 phone; wait 3; mode jump', '2026-01-01', '2026-01-20', '2026-03-31');
SELECT * FROM replay('-3 sms; 5 email', '2026-01-01', '2025-12-01', '2026-03-31', run_days => '{2025-12-30,2026-01-04,2026-01-10}');
-- a procedure that changes: on a day, twice, and away from what is pending
SELECT * FROM replay('5 email; 15 letter', '2026-01-01', :days, '{reminder 5 email raised 2026-01-06 sent 2026-01-06}', procedures => ARRAY['3 sms; 12 phone; 20 letter']::dunning_procedure[], changed_on => '{2026-01-10}');
SELECT * FROM replay('5 email; 15 letter', '2026-01-01', :days, procedures => ARRAY['3 sms; 12 phone', '3 sms; 12 phone; 40 letter manual']::dunning_procedure[], changed_on => '{2026-01-10,2026-01-20}');
SELECT * FROM replay('5 email; 15 letter', '2026-01-01', :days, procedures => '{}', changed_on => '{}');
SELECT * FROM replay('5 email; 15 letter', '2026-01-01', :days, procedures => ARRAY['3 sms']::dunning_procedure[], changed_on => '{2025-01-01}');
-- a hold that was noted later than its day, and its release: as it is known now, and as the runs saw it
SELECT as_seen, r.* FROM unnest(ARRAY[false, true]) AS as_seen, replay('5 email; 15 letter; wait 3', '2026-01-01', :days,
	'{hold a from 2026-01-04 noted 2026-01-10 released 2026-01-20 noted 2026-02-01; reminder 5 email raised 2026-01-06 sent 2026-01-06 noted 2026-01-07}', as_seen => as_seen) AS r ORDER BY as_seen, on_day, event DESC;
-- no rows, and errors
SELECT count(*) FROM replay(NULL, '2026-01-01', :days);
SELECT count(*) FROM replay(:'ladder', NULL, :days);
SELECT count(*) FROM replay(:'ladder', '2026-01-01', NULL, '2026-03-31');
SELECT count(*) FROM replay(:'ladder', '2026-01-01', '2026-01-01', NULL);
SELECT count(*) FROM replay(:'ladder', 'infinity', :days);
SELECT count(*) FROM replay('5 email', '2026-01-01', '2026-01-01', date '2026-01-01' + 36524, run_days => '{2026-02-01,2125-12-31}');
SELECT * FROM replay('5 email', '2026-01-01', '2026-01-01', date '2026-01-01' + 36525);
SELECT * FROM replay('5 email', '2026-01-01', '-infinity', '2026-01-01');
SELECT * FROM replay('5 email', '2026-01-01', '2026-01-01', 'infinity');
SELECT * FROM replay('5 email', '2026-01-01', :days, run_days => '{2026-01-01,NULL}');
SELECT * FROM replay('5 email', '2026-01-01', :days, run_days => '{{2026-01-01},{2026-01-02}}');
SELECT * FROM replay('5 email', '2026-01-01', :days, procedures => ARRAY[NULL]::dunning_procedure[], changed_on => '{2026-01-01}');
SELECT * FROM replay('5 email', '2026-01-01', :days, procedures => ARRAY['5 email']::dunning_procedure[]);
SELECT * FROM replay('5 email', '2026-01-01', :days, changed_on => '{2026-01-01}');
SELECT * FROM replay('5 email', '2026-01-01', :days, procedures => ARRAY['5 email', '6 email']::dunning_procedure[], changed_on => '{2026-01-02,2026-01-01}');
-- a history has room for 1,000 facts, those of the replay among them
SELECT '{' || string_agg('hold a from 2025-01-01 released 2025-01-01', '; ') || '}' AS almost FROM generate_series(1, 999) \gset
SELECT count(*) AS full FROM replay('5 email', '2026-01-01', :days, :'almost');
SELECT count(*) FROM replay('5 email; 15 letter', '2026-01-01', :days, :'almost');

DROP SCHEMA facts_test CASCADE;
