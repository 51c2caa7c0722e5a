-- dunning_procedure and next_step beside an implementation in plain SQL, which
-- knows the steps from a table and not from the value.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT setseed(0.25);
SELECT no_plan();

-- Random procedures: their parts in tables, their literals built from them
CREATE TEMP TABLE proc AS
	SELECT id, CASE WHEN random() < 0.5 THEN 1 + floor(random() * 30)::int END AS wait,
		CASE WHEN random() < 0.5 THEN 'jump' ELSE 'stepwise' END AS mode,
		1 + floor(random() * 8)::int AS n, random() < 0.3 AS before_due, NULL::text AS literal
	FROM generate_series(1, 400) AS id;
CREATE TEMP TABLE step AS
	SELECT proc, row_number() OVER (PARTITION BY proc ORDER BY offset_days, k)::int AS level, offset_days,
		(ARRAY['email', 'phone', 'letter', 'sms', 'meeting_2', '_x'])[1 + floor(random() * 6)::int] AS channel,
		CASE WHEN random() < 0.6 THEN (ARRAY['Reminder', 'Mise en demeure', 'a "quoted" one', 'été; wait 5', ' '])[1 + floor(random() * 5)::int] END AS label,
		CASE WHEN random() < 0.3 THEN round((random() * 99 + 0.01)::numeric, floor(random() * 5)::int) + 0.0001 END AS fee,
		CASE WHEN random() < 0.4 THEN (1 + floor(random() * 10)::int) * 50::numeric END AS min_amount,
		CASE WHEN random() < 0.4 THEN 1 + floor(random() * 40)::int END AS wait,
		random() < 0.2 AS manual
	FROM (SELECT p.id AS proc, k, floor(random() * 60)::int - CASE WHEN p.before_due THEN 30 ELSE 0 END AS offset_days
		FROM proc AS p CROSS JOIN LATERAL generate_series(1, p.n) AS k) AS s;
UPDATE proc SET literal = (
	SELECT string_agg(concat(s.offset_days, ' ', CASE s.level % 2 WHEN 0 THEN upper(s.channel) ELSE s.channel END,
			' "' || replace(s.label, '"', '""') || '"',
			' FEE ' || s.fee || ' eur', ' min ' || s.min_amount || 'EUR', ' wait ' || s.wait,
			CASE WHEN s.manual THEN E'\tmanual ' END), CASE proc.id % 2 WHEN 0 THEN ';' ELSE E' ;\n' END ORDER BY s.level)
	FROM step s WHERE s.proc = proc.id)
	|| coalesce('; wait ' || wait, '')
	|| CASE WHEN mode = 'jump' THEN '; Mode jump' WHEN id % 3 = 0 THEN '; mode stepwise' ELSE '' END;
ALTER TABLE proc ADD PRIMARY KEY (id);
ALTER TABLE step ADD PRIMARY KEY (proc, level);
ANALYZE proc, step;

SELECT set_eq(
	$$ SELECT p.id, s.* FROM proc p CROSS JOIN LATERAL dunning.steps(p.literal::dunning.dunning_procedure) s $$,
	$$ SELECT s.proc, s.level, s.offset_days, s.channel, s.label,
			s.fee, CASE WHEN s.fee IS NOT NULL THEN 'EUR' END AS fee_currency,
			s.min_amount, CASE WHEN s.min_amount IS NOT NULL THEN 'EUR' END AS min_currency,
			coalesce(s.wait, p.wait, 1), s.manual
		FROM step s JOIN proc p ON p.id = s.proc $$,
	'steps() of random procedures are the parts that they were built from');
SELECT set_eq(
	$$ SELECT id, (o).wait_days, (o).mode FROM (SELECT id, dunning.procedure_options(literal::dunning.dunning_procedure) AS o FROM proc) s $$,
	$$ SELECT id, coalesce(wait, 1), mode FROM proc $$,
	'and so are the options');
SELECT is_empty($$ SELECT literal FROM proc
	WHERE literal::dunning.dunning_procedure::text::dunning.dunning_procedure IS DISTINCT FROM literal::dunning.dunning_procedure
		OR literal::dunning.dunning_procedure::text::dunning.dunning_procedure::text <> literal::dunning.dunning_procedure::text $$,
	'the output reads back equal, and prints the same again');
SELECT is_empty($$ SELECT literal FROM proc p
	WHERE (literal::dunning.dunning_procedure)::jsonb <> jsonb_build_object(
		'wait_days', coalesce(p.wait, 1), 'mode', p.mode, 'steps', (
			SELECT jsonb_agg(jsonb_build_object('level', s.level, 'offset_days', s.offset_days, 'channel', s.channel, 'label', s.label,
				'fee', s.fee, 'fee_currency', CASE WHEN s.fee IS NOT NULL THEN 'EUR' END,
				'min_amount', s.min_amount, 'min_currency', CASE WHEN s.min_amount IS NOT NULL THEN 'EUR' END,
				'wait_days', coalesce(s.wait, p.wait, 1), 'manual', s.manual) ORDER BY s.level)
			FROM step s WHERE s.proc = p.id)) $$,
	'the cast to jsonb has the same parts');
SELECT is_empty($$ SELECT a.literal, b.literal FROM proc a JOIN proc b ON a.id < b.id AND b.id <= 120
	WHERE (a.literal::dunning.dunning_procedure = b.literal::dunning.dunning_procedure)
		<> (a.literal::dunning.dunning_procedure::text = b.literal::dunning.dunning_procedure::text) LIMIT 3 $$,
	'two procedures are equal exactly if they print the same');

-- Random situations
CREATE TEMP TABLE situation AS
	SELECT id, 1 + floor(random() * 400)::int AS proc, due_on,
		due_on + floor(random() * 130)::int - 40 AS as_of,
		CASE WHEN random() < 0.7 THEN floor(random() * 6)::int END AS last_level,
		CASE WHEN random() < 0.6 THEN due_on + floor(random() * 110)::int - 40 END AS last_on,
		CASE WHEN random() < 0.8 THEN (floor(random() * 600)::int - 20)::numeric * (ARRAY[1, 0.5, 1.0001, 1])[1 + floor(random() * 4)::int] END AS open_amount,
		CASE WHEN random() < 0.02 THEN 'infinity' WHEN random() < 0.3 THEN due_on + floor(random() * 110)::int - 40 END AS held_until
	FROM (SELECT id, date '2024-01-01' + floor(random() * 700)::int AS due_on FROM generate_series(1, 20000) AS id) AS s;
UPDATE situation SET open_amount = 1e20 + open_amount WHERE id % 97 = 0;
UPDATE situation SET open_amount = -1e20 WHERE id % 1009 = 0;
UPDATE situation SET open_amount = open_amount + 1e-20 WHERE id % 101 = 0;

-- The specification of next_step
CREATE FUNCTION pg_temp.by_specification(s situation) RETURNS TABLE (level int, state text, due_on date)
LANGUAGE sql STABLE AS $$
	WITH ahead AS (
		SELECT t.level, t.offset_days,
			greatest(s.due_on + t.offset_days, s.last_on + coalesce(t.wait, p.wait, 1)) AS ready,
			coalesce(s.open_amount < t.min_amount, false) AS below, p.mode
		FROM step t JOIN proc p ON p.id = t.proc
		WHERE t.proc = s.proc AND t.level > coalesce(s.last_level, 0)),
	candidate AS (
		SELECT * FROM ahead a
		WHERE NOT (a.offset_days < 0 AND greatest(a.ready, s.as_of) > s.due_on)
		ORDER BY CASE a.mode WHEN 'stepwise' THEN a.level END,
			a.below, a.ready > s.as_of, CASE WHEN a.ready > s.as_of THEN a.ready END, a.level DESC
		LIMIT 1)
	SELECT CASE WHEN NOT settled THEN c.level END,
		CASE WHEN settled THEN 'settled' WHEN s.as_of <= s.held_until THEN 'held' WHEN c.level IS NULL THEN 'exhausted'
			WHEN c.ready > s.as_of THEN 'scheduled' WHEN c.below THEN 'below_minimum' ELSE 'due' END,
		CASE WHEN NOT settled THEN c.ready END
	FROM (SELECT coalesce(s.open_amount <= 0, false) AS settled) x LEFT JOIN candidate c ON true
$$;
CREATE TEMP TABLE answer AS
	SELECT s.*, p.literal, p.mode, w.level, w.state, w.due_on AS ready,
		dunning.next_step(p.literal::dunning.dunning_procedure, s.due_on, s.as_of, s.last_level, s.last_on, s.open_amount, s.held_until) AS got
	FROM situation s JOIN proc p ON p.id = s.proc CROSS JOIN LATERAL pg_temp.by_specification(s) w;
SELECT is((SELECT count(*) FROM answer), 20000::bigint, '20,000 situations');
SELECT is((SELECT count(*) FROM (SELECT mode, state FROM answer GROUP BY 1, 2 HAVING count(*) >= 50) s), 12::bigint,
	'with every state often in both modes');
SELECT is_empty($$ SELECT literal, due_on, as_of, last_level, last_on, open_amount, held_until, 'expected', level, state, ready, got
	FROM answer WHERE ((got).level, (got).state::text, (got).step_on) IS DISTINCT FROM (level, state, ready) LIMIT 5 $$,
	'next_step is what the specification says');
SELECT is_empty($$ SELECT a.literal, a.got FROM answer a LEFT JOIN step s ON s.proc = a.proc AND s.level = a.level
	WHERE ((a.got).channel, (a.got).label) IS DISTINCT FROM (s.channel, s.label) LIMIT 5 $$,
	'with the channel and label of the step');

-- changes_on: the first later day with another level, state or step day, by
-- trying day after day; all events of these situations lie within 200 days.
CREATE TEMP TABLE change AS
	SELECT a.*, (SELECT min(a.as_of + k) FROM generate_series(1, 400) AS k
		CROSS JOIN LATERAL dunning.next_step(a.value, a.due_on, a.as_of + k, a.last_level, a.last_on, a.open_amount, a.held_until) n
		WHERE (n.level, n.state, n.step_on) IS DISTINCT FROM ((a.got).level, (a.got).state, (a.got).step_on)) AS first_day
	FROM (SELECT *, literal::dunning.dunning_procedure AS value FROM answer WHERE id <= 2000) a;
SELECT cmp_ok((SELECT count(*) FROM change WHERE first_day IS NULL AND state <> 'settled'), '>', 100::bigint, 'some answers never change');
SELECT cmp_ok((SELECT count(*) FROM change WHERE first_day IS NOT NULL), '>', 700::bigint, 'and many do');
SELECT is_empty($$ SELECT literal, due_on, as_of, last_level, last_on, open_amount, held_until, got, first_day
	FROM change WHERE (got).changes_on IS DISTINCT FROM first_day LIMIT 5 $$,
	'changes_on is the first day with another answer');
SELECT is_empty($$ SELECT literal, got, n FROM (
		SELECT c.*, dunning.next_step(value, due_on, (got).changes_on - 1, last_level, last_on, open_amount, held_until) AS n
		FROM change c WHERE (got).changes_on IS NOT NULL) s
	WHERE n IS DISTINCT FROM got LIMIT 5 $$,
	'and the day before it the answer is still the whole same');

-- What the arguments may be
CREATE FUNCTION pg_temp.step(as_of date, last_level int DEFAULT NULL, last_on date DEFAULT NULL, open_amount numeric DEFAULT NULL,
	held_until date DEFAULT NULL, procedure text DEFAULT '5 email; 15 letter; wait 7') RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', n.level, to_char(n.step_on, 'MM-DD'), n.state, to_char(n.changes_on, 'MM-DD'))
	FROM dunning.next_step(procedure::dunning.dunning_procedure, '2024-03-01', as_of, last_level, last_on, open_amount, held_until) n
$$;
SELECT is(pg_temp.step('2024-03-01'), '1 03-06 scheduled 03-06', 'scheduled on the due date, and changes on the day of the step');
SELECT is(pg_temp.step('2024-03-06'), '1 03-06 due', 'due on the day of the step');
SELECT is(pg_temp.step('2024-03-16', 1, '2024-03-14'), '2 03-21 scheduled 03-21', 'the wait counts from the last reminder');
SELECT is(pg_temp.step('2024-03-06', NULL, NULL, 0), 'settled', 'nothing open is settled');
SELECT is(pg_temp.step('2024-03-06', NULL, NULL, -5), 'settled', 'a credit is settled');
SELECT is(pg_temp.step('2024-03-06', NULL, NULL, 1e-30), '1 03-06 due', 'the smallest amount is not');
SELECT is(pg_temp.step('2024-03-06', NULL, NULL, 'NaN'), '1 03-06 due', 'an amount that is not a number is not');
SELECT is(pg_temp.step('2024-03-06', NULL, NULL, '-Infinity'), 'settled', 'minus infinity is');
SELECT is(pg_temp.step('2024-03-06', NULL, NULL, 10, '2024-03-06'), '1 03-06 held 03-07', 'held through the last day of the hold');
SELECT is(pg_temp.step('2024-03-07', NULL, NULL, 10, '2024-03-06'), '1 03-06 due', 'and no longer');
SELECT is(pg_temp.step('2024-03-20', 2, '2024-03-16'), 'exhausted', 'after the last level there is none');
SELECT is(pg_temp.step('2024-03-20', 2000000000), 'exhausted', 'nor after a level that never was');
SELECT is(pg_temp.step('2024-03-20', NULL, NULL, 49.9999, NULL, '5 email min 50 EUR'), '1 03-06 below_minimum', 'below the minimum');
SELECT is(pg_temp.step('2024-03-20', NULL, NULL, 50, NULL, '5 email min 50 EUR'), '1 03-06 due', 'the minimum itself is enough');
SELECT is(pg_temp.step('2024-03-01', NULL, NULL, NULL, NULL, '-3 email; 5 letter'), '1 02-27 due 03-02', 'a step before the due date can be taken up to it');
SELECT is(pg_temp.step('2024-03-02', NULL, NULL, NULL, NULL, '-3 email; 5 letter'), '2 03-06 scheduled 03-06', 'and is left out after it');
SELECT is(pg_temp.step('2024-05-01', NULL, NULL, NULL, NULL, '5 email; 15 letter; 25 call; mode jump'), '3 03-26 due', 'mode jump takes the most severe');
SELECT is(pg_temp.step('infinity'), '1 03-06 due', 'on the last of days all is due');
SELECT is(pg_temp.step('-infinity'), '1 03-06 scheduled 03-06', 'on the first none');
SELECT throws_ok($$ SELECT pg_temp.step('2024-03-06', -1) $$, '22023', 'last level must not be negative: -1', 'a negative level is an error');
SELECT is(dunning.next_step(NULL, '2024-03-01', '2024-03-06'), NULL, 'no procedure, no answer');
SELECT is(dunning.next_step('5 email', NULL, '2024-03-06'), NULL, 'no due date, no answer');
SELECT is(dunning.next_step('5 email', '2024-03-01', NULL), NULL, 'no day, no answer');
SELECT is((dunning.next_step('5 email', 'infinity', '2024-03-06')).state::text, 'scheduled', 'what is never due is never reminded');

-- Literals: what is written, and what is read back
SELECT is(literal::dunning.dunning_procedure::text, canonical, format('good: %s', left(literal, 60)))
FROM (VALUES
	('5 email', '5 email'),
	('  5   EMAIL  ', '5 email'),
	('+5 email', '5 email'),
	('-5 email;0 phone', '-5 email; 0 phone'),
	('5email', '5 email'),
	('5 email"x"', '5 email "x"'),
	('5 email "a ""b"""', '5 email "a ""b"""'),
	('5 email "été"', '5 email "été"'),
	('5 email manual wait 3 min 5 usd fee 1 eur', '5 email fee 1.00 EUR min 5.00 USD wait 3 manual'),
	('5 email fee 1.5 EUR', '5 email fee 1.50 EUR'),
	('5 email fee 1.2345 EUR', '5 email fee 1.2345 EUR'),
	('5 email fee 1.234500000 EUR', '5 email fee 1.2345 EUR'),
	('5 email fee 1000000000000 EUR', '5 email fee 1000000000000.00 EUR'),
	('5 email fee 0.0001 EUR', '5 email fee 0.0001 EUR'),
	('5 email; wait 1', '5 email'),
	('5 email; mode stepwise; wait 2', '5 email; wait 2'),
	('5 email; MODE JUMP', '5 email; mode jump'),
	('5 email wait 1', '5 email wait 1'),
	('5 email; 5 phone', '5 email; 5 phone'),
	('36500 email', '36500 email'),
	('-36500 email wait 3650', '-36500 email wait 3650'),
	('5 manual', '5 manual'),
	('5 fee fee 3 EUR', '5 fee fee 3.00 EUR'),
	('5 ' || repeat('x', 63), '5 ' || repeat('x', 63)),
	('5 email "' || repeat('x', 127) || '"', '5 email "' || repeat('x', 127) || '"')) AS v (literal, canonical);
SELECT is(array_to_string(ARRAY(SELECT k || ' email' FROM generate_series(1, 64) AS k), '; ')::dunning.dunning_procedure::text,
	array_to_string(ARRAY(SELECT k || ' email' FROM generate_series(1, 64) AS k), '; '), 'good: 64 steps');

-- SQLSTATE, the character that the detail points at, or the whole text if it accepts
CREATE FUNCTION pg_temp.mistake(literal text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text;
	detail text;
BEGIN
	RETURN 'accepted: ' || literal::dunning.dunning_procedure::text;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
	RETURN state || ' at ' || coalesce(substring(detail FROM '^At character (\d+): '), detail, 'no detail');
END $$;
SELECT is(pg_temp.mistake(literal), mistake, format('bad: "%s"', left(literal, 60)))
FROM (VALUES
	('', '22P02 at 1'),
	('   ', '22P02 at 4'),
	(';', '22P02 at 1'),
	('email', '22P02 at 1'),
	('5', '22P02 at 2'),
	('5 email;', '22P02 at 9'),
	('5 email;;', '22P02 at 9'),
	('5 email 10 phone', '22P02 at 9'),
	('5.5 email', '22P02 at 2'),
	('10 email; 5 phone', '22P02 at 11'),
	('5 email; wait 3; 10 phone', '22P02 at 18'),
	('wait 3', '22P02 at 1'),
	('5 email; wait 3; wait 4', '22P02 at 18'),
	('5 email; mode jump; mode jump', '22P02 at 21'),
	('5 email; mode fast', '22P02 at 15'),
	('5 email; speed 3', '22P02 at 10'),
	('5 email wait 3 wait 3', '22P02 at 16'),
	('5 email manual manual', '22P02 at 16'),
	('5 email fee 3', '22P02 at 14'),
	('5 email fee EUR', '22P02 at 13'),
	('5 email fee 3 EURO', '22P02 at 15'),
	('5 email fee 3 E1R', '22P02 at 15'),
	('5 email "x', '22P02 at 9'),
	('5 email ""', '22P02 at 9'),
	('5 é', '22P02 at 3'),
	('5 email "été" ; x', '22P02 at 17'),
	('5 e-mail', '22P02 at 4'),
	('5 email fee 0 EUR', '22003 at 13'),
	('5 email fee -1 EUR', '22003 at 13'),
	('5 email fee 1.23456 EUR', '22003 at 13'),
	('5 email fee 1000000000000.0001 EUR', '22003 at 13'),
	('5 email fee 99999999999999999999999 EUR', '22003 at 13'),
	('36501 email', '22003 at 1'),
	('-36501 email', '22003 at 1'),
	('99999999999999999999 email', '22003 at 1'),
	('5 email wait 0', '22003 at 14'),
	('5 email; wait 3651', '22003 at 15'),
	('5 email wait -1', '22003 at 14'),
	('5 ' || repeat('x', 64), '54000 at 3'),
	('5 email "' || repeat('x', 128) || '"', '54000 at 9')) AS v (literal, mistake);
SELECT is(pg_temp.mistake(array_to_string(ARRAY(SELECT k || ' email' FROM generate_series(1, 65) AS k), '; ')), '54000 at 632', 'bad: 65 steps');

SELECT * FROM finish();
