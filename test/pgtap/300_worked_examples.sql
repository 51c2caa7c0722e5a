-- The worked examples of late penalties: what was published, and what our
-- functions say.  A copy of the examples stands here; the file they come from is
-- not part of the project and is read, too, where it is found beside the
-- repository or where the environment variable DUNNING_SHARED says.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SELECT no_plan();

CREATE TEMP TABLE example (id text PRIMARY KEY, jurisdiction text, kind text, inputs jsonb, expected text, source text);
INSERT INTO example (id, jurisdiction, kind, inputs, expected) VALUES
	('UK-01', 'GB', 'annual_interest', '{"principal":"1000.00","rate_percent":"8.5"}', '85.00'),
	('UK-03', 'GB', 'interest_rounded_daily', '{"principal":"1000.00","rate_percent":"8.5","days":50,"formula":"round(P*r/365,2)*days"}', '11.50'),
	('UK-05', 'GB', 'interest_rounded_daily', '{"principal":"5000.00","rate_percent":"12.25","days":101}', '169.68'),
	('UK-07', 'GB', 'fixed_compensation', '{"debt_gross":"999.99","per":"invoice/debt"}', '40.00'),
	('UK-09', 'GB', 'fixed_compensation', '{"debt_gross":"9999.99","per":"invoice/debt"}', '70.00'),
	('UK-11', 'GB', 'rate_for_debt', '{"due_date":"2025-06-30","interest_starts":"2025-07-01"}', '12.25'),
	('UK-13', 'GB', 'interest_fixed_rate_for_life', '{"principal":"2500.00","due_date":"2026-06-30","paid":"2026-09-28","days":90,"rate_percent":"11.75"}', '72.43'),
	('UK-15', 'GB', 'interest_fixed_rate_for_life', '{"principal":"10000.00","due_date":"2024-06-15","paid":"2025-06-15","days":365,"rate_percent":"13.25"}', '1325.00'),
	('DE-01', 'DE', 'interest', '{"principal":"1000.00","rate_percent":"10.52","days":32,"base":365}', '9.22'),
	('DE-03', 'DE', 'interest_actact', '{"principal":"1000.00","base_rate":"3.62","spread":"5","first_day":"2024-02-01","last_day":"2024-02-29"}', '6.83'),
	('DE-05', 'DE', 'split_days', '{"first_day":"2024-06-15","last_day":"2024-07-15"}', '16@3.62;15@3.37'),
	('DE-07', 'DE', 'interest_30_360', '{"principal":"10000.00","rate_percent":"6","from":"2016-01-01","to":"2016-07-30","days_30_360":210,"base":360}', '350.00'),
	('DE-09', 'DE', 'interest', '{"principal":"1190.00","rate_percent":"9","days":100}', '29.34'),
	('DE-10', 'DE', 'WRONG_ORACLE', '{"principal":"10000.00","rate_percent":"12.62","days":30}', '105.17'),
	('DE-11', 'DE', 'WRONG_ORACLE', '{"principal":"10000.00","due":"2023-01-01","paid":"2023-07-01","b2b":true,"days":181}', '526.64'),
	('DE-13', 'DE', 'interest_split', '{"principal":"10000.00","due":"2023-01-15","paid":"2025-10-02","b2b":true,"first_day":"2023-01-16","last_day":"2025-10-02","base":"act/365"}', '3170.18'),
	('AT-01', 'AT', 'interest', '{"principal":"10000.00","rate_percent":"4","days":365,"b2c":true}', '400.00'),
	('AT-03', 'AT', 'interest', '{"principal":"1200.00","rate_percent":"4","due":"2026-09-03","asof":"2026-10-03","days":30}', '3.95'),
	('AT-05', 'AT', 'interest', '{"principal":"1200.00","rate_percent":"10.73","first_day":"2026-07-01","last_day":"2026-10-03","days":95}', '33.51'),
	('AT-07', 'AT', 'interest', '{"principal":"1200.00","rate_percent":"10.73","days":122}', '43.04'),
	('AT-09', 'AT', 'interest_30_360', '{"principal":"12000.00","rate_percent":"4","from":"2026-01-15","to":"2026-03-15","days":60,"base":360}', '80.00'),
	('FR-01', 'FR', 'penalty_split', '{"principal_ttc":"10000.00","start":"2026-05-01","end_excl":"2026-09-01","segments":[[61,"12.15"],[62,"12.40"]]}', '413.68'),
	('FR-03', 'FR', 'penalty_quarter', '{"principal":"10000.00","rate_percent":"10.25","fraction_of_year":"0.25"}', '256'),
	('FR-05', 'FR', 'default_rate', '{"semester_start":"2021-01-01"}', '10.00'),
	('FR-07', 'FR', 'default_rate', '{"semester_start":"2023-01-01"}', '12.50'),
	('FR-09', 'FR', 'default_rate', '{"semester_start":"2024-01-01"}', '14.50'),
	('FR-11', 'FR', 'default_rate', '{"semester_start":"2025-01-01"}', '13.15'),
	('FR-13', 'FR', 'default_rate', '{"semester_start":"2026-01-01"}', '12.15'),
	('FR-15', 'FR', 'contract_floor_3x_legal', '{"semester":"2024-S2","legal_rate_pro":"4.92"}', '14.76'),
	('FR-17', 'FR', 'contract_floor_3x_legal', '{"semester":"2025-S2","legal_rate_pro":"2.76"}', '8.28'),
	('FR-19', 'FR', 'contract_floor_3x_legal', '{"semester":"2026-S2","legal_rate_pro":"2.75"}', '8.25'),
	('FR-21', 'FR', 'penalty_first_day', '{"due_date":"2026-01-31","paid":"2026-01-31"}', '0.00'),
	('FR-23', 'FR', 'indemnity', '{"invoices_late":3}', '120.00'),
	('NL-01', 'NL', 'wik_collection_costs', '{"principal":"100.00"}', '40.00'),
	('NL-03', 'NL', 'wik_collection_costs', '{"principal":"2500.00"}', '375.00'),
	('NL-05', 'NL', 'wik_collection_costs', '{"principal":"5000.00"}', '625.00'),
	('NL-07', 'NL', 'wik_collection_costs', '{"principal":"200000.00"}', '2775.00'),
	('NL-09', 'NL', 'interest_simple', '{"principal":"5000.00","rate_percent":"10.15","days":90}', '125.14'),
	('NL-11', 'NL', 'interest_compound_yearly', '{"principal":"10000.00","start":"2023-01-01","end_excl":"2025-01-01","rates":"10.50/12.00/12.50/12.25","capitalise":"anniversary of default date","base":365}', '2506.11'),
	('BE-01', 'BE', 'b2c_max_compensation', '{"debt":"150.00"}', '20.00'),
	('BE-03', 'BE', 'b2c_max_compensation', '{"debt":"500.00"}', '65.00'),
	('BE-05', 'BE', 'b2c_max_compensation', '{"debt":"50000.00"}', '2000.00'),
	('BE-07', 'BE', 'b2b_rate_rounding', '{"ecb":"2.40"}', '10.50'),
	('BE-09', 'BE', 'b2b_rate_rounding', '{"ecb":"0.15"}', '8.50'),
	('US-01', 'US', 'ppa_simple', '{"principal":"1500.00","rate_percent":"6.5","days":10,"base":360}', '2.71'),
	('US-03', 'US', 'ppa_simple', '{"principal":"1500.00","rate_percent":"6.6","days":10,"base":360}', '2.75'),
	('CA-01', 'CA', 'effective_annual_rate', '{"monthly_percent":"2"}', '26.82'),
	('CH-01', 'CH', 'days', '{"from":"2026-01-01","to":"2026-01-20"}', '19'),
	('ERP-01', '-', 'dunning_total', '{"outstanding":"100.00","fee":"20.00","interest":"0.44"}', '120.44');

-- The rates that the examples stand on.
CREATE TEMP TABLE series (name text PRIMARY KEY, rates dunning.rate_history);
INSERT INTO series VALUES
	('ecb', 'ecb_mro {2014-06-11: 0.15, 2014-09-10: 0.05, 2016-03-16: 0.00, 2022-07-27: 0.50, 2022-09-14: 1.25, 2022-11-02: 2.00, 2022-12-21: 2.50, '
		'2023-02-08: 3.00, 2023-03-22: 3.50, 2023-05-10: 3.75, 2023-06-21: 4.00, 2023-08-02: 4.25, 2023-09-20: 4.50, 2024-06-12: 4.25, 2024-09-18: 3.65, '
		'2024-10-23: 3.40, 2024-12-18: 3.15, 2025-02-05: 2.90, 2025-03-12: 2.65, 2025-04-23: 2.40, 2025-06-11: 2.15, 2026-06-17: 2.40} until 2026-12-31'),
	('boe', 'boe_bank_rate {2023-08-03: 5.25, 2024-08-01: 5.00, 2024-11-07: 4.75, 2025-02-06: 4.50, 2025-05-08: 4.25, 2025-08-07: 4.00, 2025-12-18: 3.75} until 2026-10-04'),
	('base', 'de_basiszinssatz {2022-07-01: -0.88, 2023-01-01: 1.62, 2023-07-01: 3.12, 2024-01-01: 3.62, 2024-07-01: 3.37, 2025-01-01: 2.27, 2025-07-01: 1.27, '
		'2026-07-01: 1.52} until 2026-12-31'),
	('nl', 'nl_handelsrente {2022-07-01: 8.00, 2023-01-01: 10.50, 2023-07-01: 12.00, 2024-01-01: 12.50, 2024-07-01: 12.25, 2025-01-01: 11.15, 2025-07-01: 10.15, '
		'2026-07-01: 10.40} until 2026-12-31');
CREATE FUNCTION pg_temp.series(name text) RETURNS dunning.rate_history LANGUAGE sql STABLE AS
	$$ SELECT rates FROM series WHERE series.name = $1 $$;

-- The inputs of an example as arguments: an example that has only a number of
-- days is given a due date, in a year of 365 days.
CREATE FUNCTION pg_temp.amount(i jsonb) RETURNS numeric LANGUAGE sql IMMUTABLE AS
	$$ SELECT coalesce(i ->> 'principal', i ->> 'principal_ttc', i ->> 'debt', i ->> 'debt_gross', i ->> 'outstanding')::numeric $$;
CREATE FUNCTION pg_temp.due(i jsonb) RETURNS date LANGUAGE sql IMMUTABLE AS
	$$ SELECT coalesce((i ->> 'due_date')::date, (i ->> 'due')::date, (i ->> 'first_day')::date - 1, (i ->> 'start')::date - 1, (i ->> 'from')::date, '2025-03-14') $$;
CREATE FUNCTION pg_temp.as_of(i jsonb) RETURNS date LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce((i ->> 'paid')::date, (i ->> 'asof')::date, (i ->> 'last_day')::date, (i ->> 'end_excl')::date - 1, (i ->> 'to')::date,
		pg_temp.due(i) + (i ->> 'days')::integer) $$;
CREATE FUNCTION pg_temp.late(i jsonb, rule dunning.penalty_rule) RETURNS text LANGUAGE sql STABLE AS
	$$ SELECT dunning.late_interest(pg_temp.amount(i), pg_temp.due(i), pg_temp.as_of(i), rule)::text $$;
CREATE FUNCTION pg_temp.owed(i jsonb, rule dunning.penalty_rule) RETURNS text LANGUAGE sql STABLE AS
	$$ SELECT dunning.late_compensation(pg_temp.amount(i), '2025-03-14', '2025-03-15', rule)::text $$;
CREATE FUNCTION pg_temp.segments(i jsonb, rule dunning.penalty_rule) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT string_agg(format('%s@%s', days, rate), ';' ORDER BY segment)
	FROM dunning.explain_penalty(1000.00, pg_temp.due(i), pg_temp.as_of(i), rule) WHERE kind = 'interest' $$;
CREATE FUNCTION pg_temp.semester(s text) RETURNS date LANGUAGE sql IMMUTABLE AS
	$$ SELECT make_date(left(s, 4)::integer, CASE right(s, 2) WHEN 'S1' THEN 1 ELSE 7 END, 1) $$;

-- What the functions say of an example by the rates above, NULL of a kind that
-- is not known here.
CREATE FUNCTION pg_temp.answer(jurisdiction text, kind text, i jsonb) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	percent text := (i ->> 'rate_percent') || '%';
	rule dunning.penalty_rule;
BEGIN
	CASE kind
	WHEN 'annual_interest' THEN RETURN dunning.late_interest(pg_temp.amount(i), '2024-12-31', '2025-12-31', percent::dunning.penalty_rule);
	WHEN 'interest', 'interest_simple' THEN RETURN pg_temp.late(i, percent::dunning.penalty_rule);
	WHEN 'interest_rounded_daily' THEN RETURN pg_temp.late(i, (percent || '; rounded each day')::dunning.penalty_rule);
	WHEN 'interest_actact' THEN
		rule := dunning.penalty_rule(format('{2020-01-01: %s}', i ->> 'base_rate')::dunning.rate_history + (i ->> 'spread')::numeric, 'act/act');
		RETURN pg_temp.late(i, rule);
	-- the German example counts the day from which interest runs, the Austrian one names the due date
	WHEN 'interest_30_360' THEN
		RETURN pg_temp.late(CASE jurisdiction WHEN 'DE' THEN (i - 'from') || jsonb_build_object('start', i -> 'from') ELSE i END,
			(percent || '; 30/360')::dunning.penalty_rule);
	WHEN 'ppa_simple' THEN RETURN pg_temp.late(i, (percent || '; act/360')::dunning.penalty_rule);
	WHEN 'penalty_quarter' THEN
		RETURN dunning.late_interest(pg_temp.amount(i), '2013-12-31', '2014-03-31', (percent || '; 30/360; decimals 0')::dunning.penalty_rule);
	WHEN 'effective_annual_rate' THEN
		RETURN dunning.late_interest(100, '2025-01-14', '2026-01-14',
			format('%s%%; compounded monthly; 30/360', 12 * (i ->> 'monthly_percent')::numeric)::dunning.penalty_rule);
	WHEN 'fixed_compensation' THEN RETURN pg_temp.owed(i, '8%; compensation 40.00 below 1000.00, 70.00 below 10000.00, 100.00 GBP');
	WHEN 'wik_collection_costs' THEN
		RETURN pg_temp.owed(i, '8%; compensation 15% to 2500.00, 10% to 5000.00, 5% to 10000.00, 1% to 200000.00, 0.5% EUR at least 40.00 at most 6775.00');
	WHEN 'b2c_max_compensation' THEN RETURN pg_temp.owed(i, '8%; compensation 20.00 to 150.00, 30.00 + 10% to 500.00, 65.00 + 5% EUR at most 2000.00');
	WHEN 'indemnity' THEN
		RETURN (SELECT sum(dunning.late_compensation(100.00 * n, '2025-03-14', '2025-03-15', '12%; compensation 40.00 EUR if professional'))
			FROM generate_series(1, (i ->> 'invoices_late')::integer) AS n);
	WHEN 'rate_for_debt' THEN
		RETURN dunning.rate_on(dunning.sampled(pg_temp.series('boe'), 'half-year', 'day before') + 8, (i ->> 'interest_starts')::date);
	WHEN 'interest_fixed_rate_for_life' THEN
		RETURN pg_temp.late(i, dunning.penalty_rule(dunning.sampled(pg_temp.series('boe'), 'half-year', 'day before') + 8, 'fixed at start'));
	WHEN 'split_days' THEN RETURN pg_temp.segments(i, dunning.penalty_rule(pg_temp.series('base')));
	WHEN 'interest_split' THEN
		RETURN pg_temp.late(i, dunning.penalty_rule(pg_temp.series('base') + CASE WHEN (i ->> 'b2b')::boolean THEN 9 ELSE 5 END));
	WHEN 'penalty_split' THEN RETURN pg_temp.late(i, dunning.penalty_rule(dunning.sampled(pg_temp.series('ecb'), 'half-year') + 10));
	WHEN 'default_rate' THEN RETURN dunning.rate_on(dunning.sampled(pg_temp.series('ecb'), 'half-year') + 10, (i ->> 'semester_start')::date);
	WHEN 'contract_floor_3x_legal' THEN
		RETURN dunning.rate_on(format('{%s: %s}', pg_temp.semester(i ->> 'semester'), i ->> 'legal_rate_pro')::dunning.rate_history * 3,
			pg_temp.semester(i ->> 'semester'));
	WHEN 'penalty_first_day' THEN
		RETURN dunning.late_interest(1000.00, pg_temp.due(i), pg_temp.as_of(i), '12%');
	WHEN 'interest_compound_yearly' THEN RETURN pg_temp.late(i, dunning.penalty_rule(pg_temp.series('nl'), 'compounded yearly'));
	WHEN 'b2b_rate_rounding' THEN
		RETURN dunning.rate_on(dunning.rounded_up(format('{2014-01-01: %s}', i ->> 'ecb')::dunning.rate_history + 8, 0.5), '2014-01-01');
	WHEN 'days' THEN RETURN dunning.days_past_due(pg_temp.due(i), pg_temp.as_of(i));
	-- the rate and the days are not in the example: 8 %, 20 days
	WHEN 'dunning_total' THEN
		RETURN pg_temp.amount(i) + (dunning.late_penalty(pg_temp.amount(i), '2025-03-14', '2025-04-03',
			format('8%%; compensation %s EUR', i ->> 'fee')::dunning.penalty_rule)).total;
	ELSE RETURN NULL;
	END CASE;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

-- The same by the shipped rates and jurisdictions, NULL where no law is asked.
CREATE FUNCTION pg_temp.lawful(jurisdiction text, kind text, i jsonb) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	rule dunning.penalty_rule;
BEGIN
	CASE kind
	WHEN 'fixed_compensation', 'wik_collection_costs' THEN RETURN pg_temp.owed(i, dunning.law_rule(code => jurisdiction));
	WHEN 'b2c_max_compensation' THEN RETURN pg_temp.owed(i, dunning.law_rule(code => jurisdiction || '-consumer'));
	WHEN 'indemnity' THEN
		rule := dunning.law_rule(code => jurisdiction);
		RETURN (SELECT sum(dunning.late_compensation(100.00 * n, '2025-03-14', '2025-03-15', rule)) FROM generate_series(1, (i ->> 'invoices_late')::integer) AS n);
	WHEN 'rate_for_debt' THEN
		RETURN (SELECT e.rate FROM dunning.explain_penalty(1000.00, (i ->> 'due_date')::date, (i ->> 'interest_starts')::date,
				dunning.law_rule(code => jurisdiction)) AS e WHERE e.kind = 'interest');
	WHEN 'interest_fixed_rate_for_life', 'penalty_split', 'interest_compound_yearly' THEN
		RETURN pg_temp.late(i, dunning.law_rule(code => jurisdiction));
	WHEN 'interest_split' THEN
		RETURN pg_temp.late(i, dunning.law_rule(code => jurisdiction || CASE WHEN (i ->> 'b2b')::boolean THEN '' ELSE '-consumer' END));
	WHEN 'split_days' THEN RETURN pg_temp.segments(i, dunning.penalty_rule(dunning.series_rates('de_basiszinssatz')));
	WHEN 'default_rate' THEN RETURN dunning.rate_on(dunning.rate_history(dunning.law_rule(code => jurisdiction)), (i ->> 'semester_start')::date);
	WHEN 'contract_floor_3x_legal' THEN
		RETURN dunning.rate_on(dunning.rate_history(dunning.law_rule(code => 'FR-contract', rate => 1)), pg_temp.semester(i ->> 'semester'));
	WHEN 'penalty_first_day' THEN
		RETURN (dunning.late_penalty(1000.00, pg_temp.due(i), pg_temp.as_of(i), dunning.law_rule(code => jurisdiction))).total;
	-- the half-years in which the rate of the European Central Bank was that of the example
	WHEN 'b2b_rate_rounding' THEN
		RETURN dunning.rate_on(dunning.rate_history(dunning.law_rule(code => jurisdiction)),
			CASE i ->> 'ecb' WHEN '2.40' THEN date '2026-07-01' WHEN '0.15' THEN '2014-07-01' END);
	ELSE RETURN NULL;
	END CASE;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

-- Published values that are wrong, with the right ones.
CREATE TEMP TABLE wrong (id text PRIMARY KEY, right_value text, reason text);
INSERT INTO wrong VALUES
	('DE-10', '103.73', 'the publisher counts 30 days as a twelfth of a year, but they are 30 of 365'),
	('DE-11', '527.05', 'the publisher charges the first day of the new half-year at the rate of the old one');
CREATE FUNCTION pg_temp.corrected(id text, i jsonb) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
	CASE id
	WHEN 'DE-10' THEN RETURN pg_temp.late(i, ((i ->> 'rate_percent') || '%')::dunning.penalty_rule);
	WHEN 'DE-11' THEN RETURN pg_temp.late(i, dunning.penalty_rule(pg_temp.series('base') + 9));
	ELSE RETURN NULL;
	END CASE;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

-- What is no matter of penalties.
CREATE TEMP TABLE left_out (pattern text PRIMARY KEY, reason text);
INSERT INTO left_out VALUES
	('^DD-', 'due dates and discounts: 200_terms.sql'),
	('^MX-', 'measures of a portfolio, not of an item'),
	('^MA-', 'a fine to the State, in percent of the debt by months begun: not a claim of the creditor');

-- Numbers are compared as numbers.
CREATE FUNCTION pg_temp.plain(value text) RETURNS text LANGUAGE sql IMMUTABLE AS
	$$ SELECT CASE WHEN value ~ '^-?\d+(\.\d+)?$' THEN trim_scale(value::numeric)::text ELSE value END $$;
CREATE TEMP VIEW to_check AS
	SELECT e.*, pg_temp.answer(jurisdiction, kind, inputs) AS answer, pg_temp.lawful(jurisdiction, kind, inputs) AS lawful
	FROM example AS e WHERE kind <> 'WRONG_ORACLE' AND NOT EXISTS (SELECT FROM left_out WHERE id ~ pattern);
CREATE FUNCTION pg_temp.check_examples(origin text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	DROP TABLE IF EXISTS checked;
	CREATE TEMP TABLE checked AS TABLE to_check;
	RETURN QUERY SELECT is(pg_temp.plain(answer), pg_temp.plain(expected), format('%s, %s: %s', id, origin, kind)) FROM checked ORDER BY id;
	RETURN QUERY SELECT is(pg_temp.plain(lawful), pg_temp.plain(expected), format('%s, %s, by the shipped rates and law of %s', id, origin, jurisdiction))
		FROM checked WHERE lawful IS NOT NULL ORDER BY id;
	RETURN QUERY SELECT is(pg_temp.plain(pg_temp.corrected(id, inputs)), pg_temp.plain(right_value), format('%s, %s, as it should be: %s', id, origin, reason))
		FROM example JOIN wrong USING (id) ORDER BY id;
	RETURN QUERY SELECT isnt(pg_temp.plain(pg_temp.corrected(id, inputs)), pg_temp.plain(expected), format('%s, %s, is not what was published', id, origin))
		FROM example JOIN wrong USING (id) ORDER BY id;
END $$;
SELECT pg_temp.check_examples('copy');
SELECT is((SELECT count(*) FROM checked WHERE answer IS NOT NULL), 47::bigint, 'all examples of the copy are checked');

-- where the wrong figures come from
SELECT is(dunning.late_interest(10000.00, '2025-03-14', '2025-04-14', '12.62%; 30/360'), 105.17, 'DE-10: what was published is a month of 30/360');
SELECT is(dunning.late_interest(10000.00, '2023-01-01', '2023-07-01', '{2022-07-01: 8.12, 2023-01-01: 10.62, 2023-07-02: 12.12}'), 526.64,
	'DE-11: what was published is the rate changing a day late');
-- beside the examples: the segments of one, and the day after the first
SELECT is(pg_temp.segments(inputs, dunning.penalty_rule(dunning.sampled(pg_temp.series('ecb'), 'half-year') + 10)),
	(SELECT string_agg(format('%s@%s', s ->> 0, s ->> 1), ';' ORDER BY n) FROM jsonb_array_elements(inputs -> 'segments') WITH ORDINALITY AS j (s, n)),
	'FR-01: the segments') FROM example WHERE id = 'FR-01';
SELECT cmp_ok(dunning.late_interest(1000.00, '2026-01-31', '2026-02-01', '12.15%'), '>', 0.00, 'FR-21: interest runs from the day after');
SELECT is(array_agg(DISTINCT e.rate), ARRAY[12.25], 'UK-11: the rate does not follow the bank')
FROM dunning.explain_penalty(10000.00, '2025-06-30', '2026-06-30',
	dunning.penalty_rule(dunning.sampled(pg_temp.series('boe'), 'half-year', 'day before') + 8, 'fixed at start')) AS e WHERE e.kind = 'interest';

-- The file.
\set there `test -r "${DUNNING_SHARED:-../shared}/reference/worked_examples.csv" && echo true || echo false`
\if :there
CREATE TEMP TABLE copied AS TABLE example;
TRUNCATE example;
\copy example FROM PROGRAM 'cat "${DUNNING_SHARED:-../shared}/reference/worked_examples.csv"' (FORMAT csv, HEADER)
SELECT diag('reading worked_examples.csv');
SELECT pg_temp.check_examples('file');
SELECT is_empty($$ SELECT id, kind FROM checked WHERE answer IS NULL
	UNION ALL SELECT id, kind FROM example WHERE kind = 'WRONG_ORACLE' AND NOT EXISTS (SELECT FROM left_out WHERE id ~ pattern)
		AND NOT EXISTS (SELECT FROM wrong WHERE wrong.id = example.id) $$,
	'every example of the file is checked, or left out with a reason');
SELECT is_empty($$ SELECT id, c.inputs, e.inputs, c.expected, e.expected FROM copied AS c JOIN example AS e USING (id)
	WHERE (c.kind, c.inputs, c.expected) IS DISTINCT FROM (e.kind, e.inputs, e.expected) $$, 'the copy is as the file');
SELECT pass(format('left out: %s (%s)', string_agg(id, ', ' ORDER BY id), reason)) FROM example JOIN left_out ON id ~ pattern GROUP BY reason ORDER BY reason;
\else
SELECT skip('no ../shared/reference/worked_examples.csv', 1);
\endif

SELECT * FROM finish();
