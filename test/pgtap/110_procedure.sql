-- dunning_procedure and next_step beside an implementation in plain SQL, which
-- knows the steps from a table and not from the value.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT setseed(0.25);
SELECT no_plan();

-- Random procedures: their parts in tables, their literals built from them.  The
-- ladders of some count days, where a step may follow the one before it, and those
-- of others months, one more for each step.
CREATE TEMP TABLE proc AS
	SELECT id, CASE WHEN random() < 0.5 THEN 1 + floor(random() * 30)::int END AS wait,
		CASE WHEN random() < 0.5 THEN 'jump' ELSE 'stepwise' END AS mode,
		random() < 0.2 AS business, random() < 0.3 AS monthly,
		1 + floor(random() * 8)::int AS n, random() < 0.3 AS before_due, NULL::text AS literal
	FROM generate_series(1, 400) AS id;
CREATE TEMP TABLE step AS
	SELECT s.proc, s.level, s.planned_days,
		CASE WHEN s.monthly THEN s.level - 1 END AS months, s.monthly AND (s.level = 1 OR random() < 0.5) AS end_of_month,
		CASE WHEN s.monthly AND random() < 0.4 THEN 1 END AS more,
		CASE WHEN s.planned_days > s.earlier AND random() < 0.3 THEN s.planned_days - s.earlier END AS after_days,
		(ARRAY['email', 'phone', 'letter', 'sms', 'meeting_2', '_x'])[1 + floor(random() * 6)::int] AS channel,
		CASE WHEN random() < 0.6 THEN (ARRAY['Reminder', 'Mise en demeure', 'a "quoted" one', 'été; wait 5', ' '])[1 + floor(random() * 5)::int] END AS label,
		CASE WHEN random() < 0.3 THEN round((random() * 99 + 0.01)::numeric, floor(random() * 5)::int) + 0.0001 END AS fee,
		CASE WHEN random() < 0.5 THEN round((random() * 99 + 0.01)::numeric, 2) END AS other_fee,
		CASE WHEN random() < 0.2 THEN round((random() * 10 + 0.0001)::numeric, floor(random() * 5)::int) + 0.0001 END AS percent,
		CASE WHEN random() < 0.4 THEN (1 + floor(random() * 10)::int) * 50::numeric END AS min_amount,
		CASE WHEN random() < 0.5 THEN (1 + floor(random() * 10)::int) * 50::numeric END AS other_min,
		CASE WHEN random() < 0.4 THEN 1 + floor(random() * 40)::int END AS wait,
		CASE WHEN s.last AND random() < 0.4 THEN 1 + floor(random() * 40)::int END AS repeat,
		random() < 0.2 AS manual
	FROM (
		SELECT d.proc, d.monthly, d.planned_days, row_number() OVER w::int AS level, lag(d.planned_days) OVER w AS earlier,
			row_number() OVER w = count(*) OVER (PARTITION BY d.proc) AS last
		FROM (SELECT p.id AS proc, k, p.monthly, CASE WHEN NOT p.monthly THEN floor(random() * 60)::int - CASE WHEN p.before_due THEN 30 ELSE 0 END END AS planned_days
			FROM proc AS p CROSS JOIN LATERAL generate_series(1, p.n) AS k) AS d
		WINDOW w AS (PARTITION BY d.proc ORDER BY d.planned_days, d.k)) AS s;
-- two steps of one day have different channels
UPDATE step AS s SET channel = s.channel || '_' || s.level FROM step AS o
WHERE o.proc = s.proc AND o.level < s.level AND o.planned_days = s.planned_days AND o.channel = s.channel;
-- an amount in another currency stands after one
UPDATE step SET other_fee = NULL WHERE fee IS NULL;
UPDATE step SET other_min = NULL WHERE min_amount IS NULL;
-- the first form is what is read back
ALTER TABLE step ADD canonical text, ADD written text;
UPDATE step AS s SET
	canonical = CASE WHEN after_days IS NOT NULL THEN concat('after ', after_days)
		WHEN months IS NULL THEN planned_days::text
		WHEN months = 0 THEN concat('end of month', ' + ' || more)
		ELSE concat(months, CASE months WHEN 1 THEN ' month' ELSE ' months' END, CASE WHEN end_of_month THEN ' end of month' END, ' + ' || more) END;
UPDATE step AS s SET
	written = CASE level % 3 WHEN 0 THEN canonical
		WHEN 1 THEN CASE WHEN months = 0 THEN '0 days ' WHEN more IS NULL AND months IS NULL AND after_days IS NULL THEN '+' END || canonical
		ELSE replace(upper(canonical), ' + ', E'\t+') || CASE WHEN (months > 0) IS NOT TRUE OR more IS NOT NULL THEN CASE WHEN months = 0 AND more IS NULL THEN '' ELSE ' days' END ELSE '' END END;
UPDATE step SET written = canonical WHERE written IS NULL OR written LIKE '+-%';
UPDATE proc SET literal = (
	SELECT string_agg(concat(s.written, ' ', CASE s.level % 2 WHEN 0 THEN upper(s.channel) ELSE s.channel END,
			' "' || replace(s.label, '"', '""') || '"',
			CASE WHEN s.level % 2 = 0 THEN ' min ' || s.min_amount || 'EUR' || coalesce(',' || s.other_min || ' usd', '') END,
			' FEE ' || nullif(concat_ws('+', s.fee || ' eur' || coalesce(', ' || s.other_fee || 'USD', ''), s.percent || ' %'), ''),
			CASE WHEN s.level % 2 = 1 THEN ' min ' || s.min_amount || 'EUR' || coalesce(' , ' || s.other_min || ' usd', '') END, ' wait ' || s.wait,
			CASE WHEN s.manual THEN E'\tmanual ' END,
			CASE s.level % 2 WHEN 0 THEN ' repeat every ' || s.repeat || ' days' ELSE ' REPEAT ' || s.repeat END), CASE proc.id % 2 WHEN 0 THEN ';' ELSE E' ;\n' END ORDER BY s.level)
	FROM step s WHERE s.proc = proc.id)
	|| CASE WHEN business AND id % 2 = 0 THEN '; following business DAY' ELSE '' END
	|| coalesce('; wait ' || wait, '')
	|| CASE WHEN mode = 'jump' THEN '; Mode jump' WHEN id % 3 = 0 THEN '; mode stepwise' ELSE '' END
	|| CASE WHEN business AND id % 2 = 1 THEN '; following business day' ELSE '' END;
ALTER TABLE proc ADD PRIMARY KEY (id);
ALTER TABLE step ADD PRIMARY KEY (proc, level);
ANALYZE proc, step;

CREATE FUNCTION pg_temp.amounts(first numeric, other numeric) RETURNS jsonb LANGUAGE sql AS $$
	SELECT CASE WHEN first IS NOT NULL THEN jsonb_strip_nulls(jsonb_build_object('EUR', first, 'USD', other)) END
$$;
CREATE TEMP VIEW expected_step AS
	SELECT s.proc, s.level, s.canonical AS day, CASE WHEN s.after_days IS NULL THEN s.planned_days END AS offset_days, s.after_days, s.channel, s.label,
		s.fee, CASE WHEN s.fee IS NOT NULL THEN 'EUR' END AS fee_currency, pg_temp.amounts(s.fee, s.other_fee) AS fees, s.percent AS fee_percent,
		s.min_amount, CASE WHEN s.min_amount IS NOT NULL THEN 'EUR' END AS min_currency, pg_temp.amounts(s.min_amount, s.other_min) AS minimums,
		coalesce(s.wait, p.wait, 1) AS wait_days, s.repeat AS repeat_days, s.manual
	FROM step s JOIN proc p ON p.id = s.proc;
SELECT cmp_ok((SELECT count(*) FROM step WHERE after_days IS NOT NULL), '>', 100::bigint, 'many steps follow another');
SELECT cmp_ok((SELECT count(*) FROM step WHERE months IS NOT NULL AND (end_of_month OR more IS NOT NULL)), '>', 100::bigint, 'many count months');
SELECT set_eq(
	$$ SELECT p.id, s.level, s.day, s.offset_days, s.after_days, s.channel, s.label, s.fee, s.fee_currency, s.fees, s.fee_percent, s.min_amount, s.min_currency, s.minimums,
		s.wait_days, s.repeat_days, s.manual FROM proc p CROSS JOIN LATERAL dunning.steps(p.literal::dunning.dunning_procedure) s $$,
	'SELECT * FROM expected_step',
	'steps() of random procedures are the parts that they were built from');
SELECT set_eq('SELECT p.id, s.level, s.step FROM proc p CROSS JOIN LATERAL dunning.steps(p.literal::dunning.dunning_procedure) s WHERE NOT p.monthly',
	'SELECT s.proc, s.level, s.planned_days::text FROM step s JOIN proc p ON p.id = s.proc WHERE NOT p.monthly', 'a step is known by its planned day');
SELECT set_eq(
	$$ SELECT id, (o).wait_days, (o).mode, (o).following_business_day FROM (SELECT id, dunning.procedure_options(literal::dunning.dunning_procedure) AS o FROM proc) s $$,
	$$ SELECT id, coalesce(wait, 1), mode, business FROM proc $$,
	'and so are the options');
SELECT is_empty($$ SELECT literal FROM proc
	WHERE literal::dunning.dunning_procedure::text::dunning.dunning_procedure IS DISTINCT FROM literal::dunning.dunning_procedure
		OR literal::dunning.dunning_procedure::text::dunning.dunning_procedure::text <> literal::dunning.dunning_procedure::text $$,
	'the output reads back equal, and prints the same again');
SELECT is_empty($$ SELECT literal FROM proc p
	WHERE (literal::dunning.dunning_procedure)::jsonb <> jsonb_build_object(
		'wait_days', coalesce(p.wait, 1), 'mode', p.mode, 'following_business_day', p.business, 'by_customer', false, 'customer_level', NULL, 'steps', (
			SELECT jsonb_agg(to_jsonb(s) - 'proc'
				|| jsonb_build_object('min_percent', NULL, 'step', (SELECT x.step FROM dunning.steps(p.literal::dunning.dunning_procedure) AS x WHERE x.level = s.level)) ORDER BY s.level)
			FROM expected_step s WHERE s.proc = p.id)) $$,
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
		CASE WHEN random() < 0.02 THEN 'infinity' WHEN random() < 0.3 THEN due_on + floor(random() * 110)::int - 40 END AS held_until,
		(ARRAY['EUR', 'USD', 'CHF', NULL])[1 + floor(random() * 4)::int] AS currency
	FROM (SELECT id, date '2024-01-01' + floor(random() * 700)::int AS due_on FROM generate_series(1, 20000) AS id) AS s;
UPDATE situation SET open_amount = 1e20 + open_amount WHERE id % 97 = 0;
UPDATE situation SET open_amount = -1e20 WHERE id % 1009 = 0;
UPDATE situation SET open_amount = open_amount + 1e-20 WHERE id % 101 = 0;

-- The day of a step, if a step that follows is as planned
CREATE FUNCTION pg_temp.planned(t step, due_on date) RETURNS date LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(t.more, 0) + CASE WHEN t.months IS NULL THEN due_on + t.planned_days
		WHEN t.end_of_month OR extract(day FROM due_on + 1) = 1 THEN (date_trunc('month', due_on::timestamp) + make_interval(months => t.months + 1))::date - 1
		ELSE (due_on + make_interval(months => t.months))::date END
$$;

-- The specification of next_step
CREATE FUNCTION pg_temp.by_specification(s situation) RETURNS TABLE (level int, state text, due_on date)
LANGUAGE sql STABLE AS $$
	WITH ahead AS (
		SELECT t.level, t.planned_days, d.day + CASE WHEN p.business THEN (ARRAY[0, 0, 0, 0, 0, 2, 1])[extract(isodow FROM d.day)::int] ELSE 0 END AS ready,
			coalesce(s.open_amount < CASE WHEN s.currency = 'USD' THEN coalesce(t.other_min, t.min_amount) ELSE t.min_amount END, false) AS below, p.mode
		FROM step t JOIN proc p ON p.id = t.proc
		CROSS JOIN LATERAL (SELECT greatest(pg_temp.planned(t, s.due_on),
			s.last_on + CASE WHEN t.level > coalesce(s.last_level, 0) THEN coalesce(t.wait, p.wait, 1) ELSE greatest(t.repeat, coalesce(t.wait, p.wait, 1)) END,
			CASE WHEN t.level = coalesce(s.last_level, 0) + 1 THEN s.last_on + t.after_days END) AS day) AS d
		-- what follows, and the last step again if it repeats
		WHERE t.proc = s.proc AND (t.level > coalesce(s.last_level, 0) OR t.repeat IS NOT NULL AND s.last_on IS NOT NULL)),
	candidate AS (
		SELECT * FROM ahead a
		WHERE NOT (coalesce(a.planned_days < 0, false) AND greatest(a.ready, s.as_of) > s.due_on)
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
		dunning.next_step(p.literal::dunning.dunning_procedure, s.due_on, s.as_of, s.last_level, s.last_on, s.open_amount, s.held_until, s.currency) AS got
	FROM situation s JOIN proc p ON p.id = s.proc CROSS JOIN LATERAL pg_temp.by_specification(s) w;
SELECT is((SELECT count(*) FROM answer), 20000::bigint, '20,000 situations');
SELECT is((SELECT count(*) FROM (SELECT mode, state FROM answer GROUP BY 1, 2 HAVING count(*) >= 50) s), 12::bigint,
	'with every state often in both modes');
SELECT is_empty($$ SELECT literal, due_on, as_of, last_level, last_on, open_amount, held_until, currency, 'expected', level, state, ready, got
	FROM answer WHERE ((got).level, (got).state::text, (got).step_on) IS DISTINCT FROM (level, state, ready) LIMIT 5 $$,
	'next_step is what the specification says');
SELECT is_empty($$ SELECT a.literal, a.got FROM answer a LEFT JOIN step s ON s.proc = a.proc AND s.level = a.level
	WHERE ((a.got).channel, (a.got).label) IS DISTINCT FROM (s.channel, s.label) LIMIT 5 $$,
	'with the channel and label of the step');

-- changes_on: the first later day with another level, state or step day, by
-- trying day after day; all events of these situations lie within 400 days.
CREATE TEMP TABLE change AS
	SELECT a.*, (SELECT min(a.as_of + k) FROM generate_series(1, 400) AS k
		CROSS JOIN LATERAL dunning.next_step(a.value, a.due_on, a.as_of + k, a.last_level, a.last_on, a.open_amount, a.held_until, a.currency) n
		WHERE (n.level, n.state, n.step_on) IS DISTINCT FROM ((a.got).level, (a.got).state, (a.got).step_on)) AS first_day
	FROM (SELECT *, literal::dunning.dunning_procedure AS value FROM answer WHERE id <= 2000) a;
SELECT cmp_ok((SELECT count(*) FROM change WHERE first_day IS NULL AND state <> 'settled'), '>', 100::bigint, 'some answers never change');
SELECT cmp_ok((SELECT count(*) FROM change WHERE first_day IS NOT NULL), '>', 700::bigint, 'and many do');
SELECT is_empty($$ SELECT literal, due_on, as_of, last_level, last_on, open_amount, held_until, got, first_day
	FROM change WHERE (got).changes_on IS DISTINCT FROM first_day LIMIT 5 $$,
	'changes_on is the first day with another answer');
SELECT is_empty($$ SELECT literal, got, n FROM (
		SELECT c.*, dunning.next_step(value, due_on, (got).changes_on - 1, last_level, last_on, open_amount, held_until, currency) AS n
		FROM change c WHERE (got).changes_on IS NOT NULL) s
	WHERE n IS DISTINCT FROM got LIMIT 5 $$,
	'and the day before it the answer is still the whole same');

-- The fee of a step, computed from its parts
CREATE TEMP TABLE fee AS
	SELECT p.literal, t.level, t.percent, c.*, e.fee, e.fee_currency,
		CASE WHEN t.percent IS NULL OR coalesce(c.currency, 'EUR') = 'EUR' OR other THEN CASE WHEN other THEN t.other_fee ELSE t.fee END END AS amount,
		CASE WHEN other THEN 'USD' ELSE 'EUR' END AS amount_currency,
		round(c.open_amount * t.percent / 100, coalesce(c.decimals, 2)) AS share
	FROM proc p JOIN step t ON t.proc = p.id
	CROSS JOIN (VALUES (1234.56, 'EUR', 2), (1000, 'USD', 2), (98765, 'JPY', 0), (1234.567, 'TND', 3), (50.05, NULL, NULL), (NULL, 'EUR', 2)) AS c (open_amount, currency, decimals)
	CROSS JOIN LATERAL _dunning.step_fee(p.literal::dunning.dunning_procedure, t.level, c.open_amount, c.currency, c.decimals) AS e
	CROSS JOIN LATERAL (SELECT coalesce(c.currency = 'USD' AND t.other_fee IS NOT NULL, false) AS other) AS o;
SELECT cmp_ok((SELECT count(*) FROM fee WHERE percent IS NOT NULL AND amount > 0), '>', 50::bigint, 'many fees have both parts');
SELECT is_empty($$ SELECT literal, level, open_amount, currency, decimals, fee, fee_currency, amount, share FROM fee
	WHERE (fee, fee_currency) IS DISTINCT FROM (
		CASE WHEN percent IS NULL THEN amount WHEN share IS NOT NULL THEN nullif(coalesce(amount, 0) + share, 0) END,
		CASE WHEN percent IS NULL AND amount IS NOT NULL OR share IS NOT NULL AND amount IS NOT NULL THEN amount_currency WHEN share > 0 THEN currency END)
	LIMIT 5 $$, 'step_fee adds up what the step says');

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
SELECT throws_ok($$ SELECT pg_temp.step('2024-03-06', NULL, NULL, 'NaN') $$, '22023', 'the open amount is not a number', 'an amount that is not a number is an error');
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
SELECT is(pg_temp.step('2024-05-01', procedure => '1 month email; after 10 phone; 2 months end of month letter'), '1 04-01 due', 'a month after the due date');
SELECT is(pg_temp.step('2024-04-05', 1, '2024-04-03', procedure => '1 month email; after 10 phone; 2 months end of month letter'), '2 04-13 scheduled 04-13', 'ten days after the step before was done');
SELECT is(pg_temp.step('2024-04-20', 2, '2024-04-13', procedure => '1 month email; after 10 phone; 2 months end of month letter'), '3 05-31 scheduled 05-31', 'the end of the second month after the due date');
SELECT is(pg_temp.step('2024-06-20', 2, '2024-06-18', procedure => '1 month email; after 10 phone; 2 months end of month letter wait 9'), '3 06-27 scheduled 06-27', 'after the wait');
SELECT is((dunning.next_step('5 email min 50 EUR, 60 USD', '2024-03-01', '2024-03-20', 0, NULL, 55, NULL, c)).state, w, format('the minimum for an item in %s', coalesce(c, 'a currency that is not known')))
FROM (VALUES ('EUR', 'due'), ('USD', 'below_minimum'), ('JPY', 'due'), (NULL, 'due'), ('usd', 'due')) AS v (c, w);
SELECT is(_dunning.state_of_step('5 email min 50 EUR, 60 USD', '5', 'email', '2024-03-01', '2024-03-20', NULL, 55, 'USD'), 'below_minimum', 'and in the state of a step');
SELECT is(_dunning.step_fee('5 email fee 15 EUR + 2.5%', 1, 1000.10, 'EUR', 2)::text, '(40.00,EUR)', 'a fee in money and percent');
SELECT is(_dunning.step_fee('5 email fee 2.5%', 1, 1000.20, 'EUR', 2)::text, '(25.01,EUR)', 'half a cent is rounded up');
SELECT is(_dunning.step_fee('5 email fee 2.5%', 1, v.amount, 'EUR', 2)::text, '(,)', format('%s costs nothing', v.amount)) FROM (VALUES (0.1), (0), (-100)) AS v (amount);
SELECT is(_dunning.step_fee('5 email fee 2.5%', l, 100, 'EUR', 2)::text, '(,)', format('level %s costs nothing', l)) FROM (VALUES (0), (2), (-1), (NULL)) AS v (l);
SELECT is(_dunning.step_fee(NULL, 1, 100, 'EUR', 2)::text, '(,)', 'nor does no procedure');
SELECT is(_dunning.nothing_due(v.procedure::dunning.dunning_procedure, v.step, v.channel, v.due_on::date, v.day::date), v.w, format('after %s %s of %s nothing is due on %s: %s', v.step, v.channel, v.procedure, v.day, v.w))
FROM (VALUES ('5 email; 15 letter', '5', 'email', '2026-01-01', '2026-01-15', true), ('5 email; 15 letter', '5', 'email', '2026-01-01', '2026-01-16', false),
	('5 email; 15 letter', '15', 'letter', '2026-01-01', '2099-01-01', true), ('5 email; 15 letter repeat 30', '15', 'letter', '2026-01-01', '2026-01-16', false),
	('5 email; 15 letter', '5', 'letter', '2026-01-01', '2026-01-02', false), ('5 email; 15 letter', 'five', 'email', '2026-01-01', '2026-01-02', false),
	('5 email; 15 letter', '5', 'email', 'infinity', '2026-01-02', false), ('5 email; 15 letter', '15', 'letter', 'infinity', '2026-01-02', true),
	('5 email; 15 letter', '5', 'email', '9999-12-31', '0001-01-01', true),
	-- a month and its end are 28 days at least
	('-3 email; end of month sms; 1 month end of month phone; after 5 letter', 'end of month', 'sms', '2026-01-31', '2026-02-27', true),
	('-3 email; end of month sms; 1 month end of month phone; after 5 letter', 'end of month', 'sms', '2026-01-31', '2026-02-28', false),
	('-3 email; end of month sms; 1 month end of month phone; after 5 letter', '-3', 'email', '2026-01-31', '2026-01-30', true)) AS v (procedure, step, channel, due_on, day, w);
SELECT is(_dunning.nothing_due(NULL, '5', 'email', '2026-01-01', '2026-01-02'), NULL, 'no procedure does not say');
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
	('5 days email; 12 day sms', '5 email; 12 sms'),
	('END OF MONTH email; 0 days end of month sms', 'end of month email; end of month sms'),
	('30 days end of month email; 60 days end of month + 5 days sms', '30 days end of month email; 60 days end of month + 5 sms'),
	('1 months email; 1 month+3 phone; 2 month end of month letter', '1 month email; 1 month + 3 phone; 2 months end of month letter'),
	('5 email; after 7 days letter', '5 email; after 7 letter'),
	('5 email fee 2.50 %', '5 email fee 2.5%'),
	('5 email fee 15 EUR, 16.5 USD+2.5%', '5 email fee 15.00 EUR, 16.50 USD + 2.5%'),
	('5 email min 50 USD,40 EUR', '5 email min 50.00 USD, 40.00 EUR'),
	('5 email repeat every 30 days manual', '5 email repeat 30 manual'),
	('5 email wait 3 days; wait 4 days', '5 email wait 3; wait 4'),
	('5 email; following business day; mode jump; wait 3', '5 email; wait 3; mode jump; following business day'),
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
	('after 5 email', '22P02 at 1'),
	('1 month email; 30 phone', '22P02 at 16'),
	('28 email; end of month phone', '22P02 at 11'),
	('end of month email; after 29 phone; 1 month end of month letter', '22P02 at 37'),
	('121 months email', '22003 at 1'),
	('5 email; following day', '22P02 at 20'),
	('5 email repeat 3; 9 phone', '22P02 at 19'),
	('5 email fee 3 EUR, 4 EUR', '22P02 at 20'),
	('5 email fee 101%', '22003 at 13'),
	('5 email fee 3 EUR + 4 USD', '22P02 at 23'),
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
