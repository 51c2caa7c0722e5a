-- Rate histories, penalty rules, and late penalties.
SET search_path = public;
SET datestyle = 'ISO, YMD';
\pset null '(null)'

-- how a text fails: state, message, detail
CREATE FUNCTION fails(type regtype, literal text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text;
BEGIN
	EXECUTE format('SELECT %L::%s::text', literal, type) INTO message;
	RETURN 'accepted as ' || message;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN state || ' ' || regexp_replace(message, ': ".*', '') || '. ' || detail;
END $$;

-- 1. texts and their canonical form
SELECT literal, literal::dunning.rate_history::text AS canonical
FROM (VALUES ('{2025-07-01: 12.15, 2026-07-01: 12.40}'), ('{2025-07-01:12.15%,2026-07-01:12.4 % }'),
	('ecb {2026-01-01: -0.88, 2026-07-01: 0} until 2026-12-31'), (' FR_ecb_10 { 2026-07-01 : 12.400000 } UNTIL 2026-12-31 '),
	('{0001-01-01: 0.000001, 9999-12-31: 1000}'), ('boe {2026-01-01: 3.75, 2026-10-05: UNKNOWN, 2026-12-31: 4} until 2026-12-31'),
	('boe {2026-01-01: 3.75} until 2026-12-31 by half-year'), ('boe {2026-01-01: 3.75} By Half-Year Of The Day Before'),
	('u {2026-01-01: 5} until 2026-12-31 by year'), ('u {2026-01-01: 5} by quarter of the day before'), ('u {2026-01-01: 5} by month')) AS v (literal);
SELECT literal, literal::dunning.penalty_rule::text AS canonical
FROM (VALUES ('10.15%'), ('10.15'), ('-0.88'), ('0'), ('12.15 %; compensation 40 EUR'), ('12; act/365; grace 5; decimals 2'),
	('5%; decimals 0; grace 0; compensation 40.125 chf'), ('{2026-01-01: 12.15} until 2026-06-30; compensation 40.00 EUR'),
	('fr {2026-01-01: 12.15, 2026-07-01: 12.40} until 2026-12-31; GRACE 3; Compensation 70.5 GBP'),
	('5; fixed at start'), ('5; ACT/ACT'), ('5; act/360'), ('5; 30E/360'), ('5; 30/360; rounded each segment'),
	('5; compounded yearly'), ('5; compounded monthly'), ('5; compounded every 366 days'), ('5; rounded each day; half even'),
	('5; grace 14 days; least 5; most 1000'), ('5; most 12.5 %'), ('5; payments to interest'), ('5; payments to costs; decimals 4'),
	('5; compensation 40 eur if professional'), ('5; compensation 40 below 1000, 70 below 10000, 100 GBP'),
	('5; compensation 15% to 2500, 10% to 5000, 5% to 10000, 1% to 200000, 0.5% EUR at least 40 at most 6775'),
	('5; compensation 20 to 150, 30 + 10% to 500, 65 + 5% EUR at most 2000'), ('5; compensation 0 to 100, 1% EUR at least 5 if professional'),
	('5; floating; not compounded; rounded once; half up; no least; no most; payments to principal; no compensation; no end'),
	('5; decimals 2'), ('5; decimals by currency'), ('5; at most 1 year'), ('5; at most 18 months; grace 3'), ('5; at most 1 days; most 3')) AS v (literal);
SELECT n, l, fails(t, l)
FROM (VALUES (1, 'dunning.rate_history'::regtype, ''), (2, 'dunning.rate_history', '{}'), (3, 'dunning.rate_history', '{2026-01-01}'),
	(4, 'dunning.rate_history', '{2026-01-01: 1'), (5, 'dunning.rate_history', '{2026-01-01: x}'), (6, 'dunning.rate_history', '{2026-02-30: 1}'),
	(7, 'dunning.rate_history', '{01/02/2026: 1}'), (8, 'dunning.rate_history', '{2026-01-01: 1000.000001}'), (9, 'dunning.rate_history', '{2026-01-01: 0.0000001}'),
	(10, 'dunning.rate_history', '{2026-07-01: 1, 2026-01-01: 2}'), (11, 'dunning.rate_history', '{2026-01-01: 1, 2026-01-01: 1}'),
	(12, 'dunning.rate_history', '{2026-01-01: 1} until 2025-12-31'), (13, 'dunning.rate_history', '{2026-01-01: 1} until'),
	(14, 'dunning.rate_history', '{2026-01-01: 1} for ever'), (15, 'dunning.rate_history', repeat('s', 64) || ' {2026-01-01: 1}'),
	(16, 'dunning.rate_history', '10%'), (17, 'dunning.rate_history', '{2026-01-01: 1,}'),
	(18, 'dunning.rate_history', '{2026-01-01: unknown}'), (19, 'dunning.rate_history', '{2026-01-01: 1} by week'),
	(20, 'dunning.penalty_rule', ''), (21, 'dunning.penalty_rule', 'ten'), (22, 'dunning.penalty_rule', '10;'), (23, 'dunning.penalty_rule', '10; compensation 40'),
	(24, 'dunning.penalty_rule', '10; compensation 0 EUR'), (25, 'dunning.penalty_rule', '10; compensation 40 EURO'), (26, 'dunning.penalty_rule', '10; compensation 1000000000000.01 EUR'),
	(27, 'dunning.penalty_rule', '10; grace -1'), (28, 'dunning.penalty_rule', '10; grace 3651'), (29, 'dunning.penalty_rule', '10; grace 99999999999999999999'),
	(30, 'dunning.penalty_rule', '10; grace 1; grace 1'), (31, 'dunning.penalty_rule', '10; act/364'), (32, 'dunning.penalty_rule', '10; decimals 5'),
	(33, 'dunning.penalty_rule', '10; compound yearly'), (34, 'dunning.penalty_rule', '10 20'), (35, 'dunning.penalty_rule', '99999999999999999999999'),
	(36, 'dunning.penalty_rule', 'été {2026-01-01: 1}'), (37, 'dunning.penalty_rule', '1.2.3'), (38, 'dunning.penalty_rule', '.5')) AS v (n, t, l)
ORDER BY n;
-- every clause that is not quite one
SELECT n, l, fails('dunning.penalty_rule', '10; ' || l)
FROM (VALUES (1, 'fixed'), (2, 'fixed at end'), (3, 'act'), (4, 'act/366'), (5, 'act/acts'), (6, '31/360'), (7, '30/365'), (8, '30F/360'), (9, 'act/365; act/act'),
	(10, 'compounded'), (11, 'compounded daily'), (12, 'compounded every 0 days'), (13, 'compounded every 367 days'), (14, 'compounded every 30'), (15, 'compounded yearly; compounded monthly'),
	(20, 'rounded'), (21, 'rounded each'), (22, 'rounded each month'), (23, 'rounded each day; 30/360'), (24, '30/360; rounded each day'), (25, 'half'), (26, 'half down'), (27, 'rounded once; rounded each day'), (28, 'floating; fixed at start'), (29, 'not'),
	(30, 'grace five'), (31, 'least'), (32, 'least 0'), (33, 'least -1'), (34, 'least 0.00001'), (35, 'least 5%'), (36, 'most 0'), (37, 'most 0%'), (38, 'most 1000.1%'), (39, 'most 5; most 5%'),
	(40, 'payments'), (41, 'payments to'), (42, 'payments to nobody'), (43, 'payments interest'),
	(50, 'compensation EUR'), (51, 'compensation -1 EUR'), (52, 'compensation 40 + 10 EUR'), (53, 'compensation 40 + EUR'), (54, 'compensation 0% EUR'), (55, 'compensation 40 below 100 EUR'),
	(56, 'compensation 40 below 100, 50 below 100, 60 EUR'), (57, 'compensation 40, 50 EUR'), (58, 'compensation 40 to 0, 50 EUR'), (59, 'compensation 10% to 100, EUR'),
	(60, 'compensation 10% EUR at'), (61, 'compensation 10% EUR at least'), (62, 'compensation 10% EUR at least 40 at'), (63, 'compensation 10% EUR at most 40 at least 30'),
	(64, 'compensation 10% EUR at least 50 at most 40'), (65, 'compensation 10% EUR if'), (66, 'compensation 10% EUR if public'), (67, 'compensation 40 EUR; compensation 40 EUR'),
	(68, 'compensation 0.00001% EUR'), (69, 'compensation 0.0000001% EUR'), (70, 'half even;'), (71, 'half even half even'),
	(77, 'at'), (78, 'at least 1 year'), (79, 'at most'), (80, 'at most 0 days'), (81, 'at most 36501 days'), (82, 'at most 1 week'), (83, 'at most 1'), (84, 'no end; at most 1 year'), (85, 'decimals by'), (86, 'decimals 2; decimals by currency'),
	(72, 'no'), (73, 'no grace'), (74, 'no most; most 5'), (75, 'compensation 40 EUR; no compensation'), (76, 'not compounded; compounded yearly')) AS v (n, l)
ORDER BY n;
SELECT fails('dunning.penalty_rule', '10; compensation ' || string_agg('1 to ' || i, ', ' ORDER BY i) || ', 1 EUR') LIKE 'accepted%' AS at_the_limit FROM generate_series(1, 19) AS i;
SELECT right(fails('dunning.penalty_rule', '10; compensation ' || string_agg('1 to ' || i, ', ' ORDER BY i) || ', 1 EUR'), 100) AS beyond FROM generate_series(1, 20) AS i;
-- the name of a country is not a rule, and says so
\set VERBOSITY default
SELECT 'FR'::dunning.penalty_rule;
SELECT 'BE-consumer'::dunning.penalty_rule;
-- limits
SELECT fails('dunning.rate_history', '{' || string_agg(to_char('2000-01-01'::date + i, 'YYYY-MM-DD') || ': 1', ', ' ORDER BY i) || '}') LIKE 'accepted%' AS at_the_limit
FROM generate_series(1, 1000) AS i;
SELECT fails('dunning.rate_history', '{' || string_agg(to_char('2000-01-01'::date + i, 'YYYY-MM-DD') || ': 1', ', ' ORDER BY i) || '}') AS beyond
FROM generate_series(1, 1001) AS i;

-- soft errors, where the server has them
DO $$
BEGIN
	IF current_setting('server_version_num')::integer >= 160000 THEN
		EXECUTE $x$ SELECT 1 / (NOT pg_input_is_valid('10; grace x', 'dunning.penalty_rule') AND NOT pg_input_is_valid('{', 'dunning.rate_history')
			AND pg_input_is_valid('10; grace 1', 'dunning.penalty_rule'))::integer $x$;
	END IF;
END $$;

-- 2. equality, hashing, binary, storage
SELECT '10.5'::dunning.penalty_rule = '10.50%; act/365; grace 0' AS same, '10.5'::dunning.penalty_rule <> '10.5; grace 1' AS other,
	'{2026-01-01: 1}'::dunning.rate_history = '{2026-01-01: 1.00}' AS same_history, '{2026-01-01: 1}'::dunning.rate_history <> 'x {2026-01-01: 1}' AS other_name;
CREATE TABLE rules (rule dunning.penalty_rule, history dunning.rate_history);
INSERT INTO rules
SELECT text::dunning.penalty_rule, dunning.rate_history(text::dunning.penalty_rule)
FROM (SELECT format('s%s {%s} until 2100-01-01; compensation %s.50 EUR; grace %s', i,
		(SELECT string_agg(to_char('2000-01-01'::date + 31 * k + i, 'YYYY-MM-DD') || ': ' || (k * i - 300) % 900, ', ' ORDER BY k) FROM generate_series(1, 1 + i * 3) AS k),
		1 + i, i) AS text
	FROM generate_series(0, 200) AS i) AS t;
INSERT INTO rules SELECT * FROM rules;
SELECT count(*), count(DISTINCT rule::text), (SELECT count(*) FROM (SELECT rule FROM rules GROUP BY rule) AS g) AS by_hash FROM rules;
SELECT count(*) AS not_read_back FROM rules WHERE rule::text::dunning.penalty_rule <> rule OR history::text::dunning.rate_history <> history;
\copy rules TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/rules.bin"' (FORMAT binary)
CREATE TABLE rules_back (LIKE rules);
\copy rules_back FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/rules.bin"' (FORMAT binary)
SELECT count(*) AS lost FROM (SELECT rule, history FROM rules EXCEPT ALL SELECT rule, history FROM rules_back) AS x;
SELECT encode(_dunning.penalty_rule_send('10%'), 'hex') AS sent;

-- 3. reading values back
SELECT * FROM dunning.rates('fr {2025-07-01: 12.15, 2026-07-01: 12.40} until 2026-12-31');
SELECT * FROM dunning.rates('{2025-07-01: 12.15, 2026-07-01: -0.125}');
SELECT d, dunning.rate_on('fr {2025-07-01: 12.15, 2026-07-01: 12.40} until 2026-12-31', d)
FROM (VALUES ('2025-07-01'::date), ('2026-06-30'), ('2026-07-01'), ('2026-12-31')) AS v (d);
SELECT (dunning.penalty_clauses('5%; compensation 40 EUR; grace 3')).*;
SELECT (dunning.penalty_clauses('{2026-01-01: 1}; decimals 0')).*;
SELECT dunning.rate_history('5%'::dunning.penalty_rule) AS constant, dunning.rate_history('s {2026-01-01: 1}; grace 3'::dunning.penalty_rule) AS history;
SELECT (dunning.penalty_clauses('s {2026-01-01: 1}; fixed at start; 30/360; compounded every 30 days; rounded each segment; half even; decimals 4; grace 5; least 5; most 100; payments to costs; compensation 40 below 1000, 70 GBP if professional')).*;
SELECT (dunning.penalty_clauses('5; compounded yearly; rounded each day; most 10.5%; payments to interest; compensation 40 EUR at most 30')).*;
SELECT dunning.penalty_rule('s {2026-01-01: 1}'::dunning.rate_history), dunning.penalty_rule('s {2026-01-01: 1}'::dunning.rate_history, 'compensation 40 EUR; grace 3; decimals 0'), dunning.penalty_rule('s {2026-01-01: 1}'::dunning.rate_history, ' ');
SELECT dunning.penalty_rule(12.5), dunning.penalty_rule(-0.88, 'grace 3; act/act'), dunning.penalty_rule(NULL::numeric) AS none;
SELECT dunning.with_clauses('s {2026-01-01: 1}; grace 3; half even; compensation 40 below 100, 50 EUR if professional', 'compensation 70 GBP; grace 0; act/act') AS replaced,
	dunning.with_clauses('5; most 10', 'most 10%') AS most, dunning.with_clauses('5; grace 3', '') = '5; grace 3' AS same;
-- every clause can be switched off by the name of its default
SELECT dunning.with_clauses('12.15%; grace 3; compensation 40 EUR if professional', 'no compensation'), dunning.with_clauses('5; most 10%; least 5', 'no most') AS no_most,
	dunning.with_clauses('s {2026-01-01: 1}; fixed at start; act/act; compounded every 30 days; rounded each segment; half even; decimals 4; grace 5; least 5; most 100; payments to costs; at most 2 years; compensation 15% EUR at least 40 at most 45 if professional',
		'floating; act/365; not compounded; rounded once; half up; decimals by currency; grace 0; no least; no most; payments to principal; no compensation; no end') = 's {2026-01-01: 1}' AS bare;
-- other rates, and every clause stays
SELECT c AS clause, dunning.with_rates(('5; ' || c)::dunning.penalty_rule, 's {2026-01-01: 1, 2026-07-01: 2} until 2026-12-31 by year') = ('s {2026-01-01: 1, 2026-07-01: 2} until 2026-12-31 by year; ' || c)::dunning.penalty_rule AS of_a_rate,
	dunning.with_rates(('other {2020-01-01: 7, 2021-01-01: unknown, 2022-01-01: 8}; ' || c)::dunning.penalty_rule, '{2026-01-01: 1}') = ('{2026-01-01: 1}; ' || c)::dunning.penalty_rule AS of_a_history
FROM unnest(ARRAY['fixed at start', 'act/act', 'act/360', '30/360', 'compounded yearly', 'compounded monthly', 'compounded every 30 days', 'rounded each segment', 'rounded each day', 'half even', 'decimals 0', 'decimals 2', 'grace 5', 'least 5',
	'most 100', 'most 10%', 'payments to interest', 'payments to costs', 'at most 1 year', 'compensation 40 EUR if professional', 'compensation 15% to 2500, 0.5% EUR at least 40 at most 6775',
	'fixed at start; act/act; compounded every 30 days; rounded each segment; half even; decimals 4; grace 5; least 5; most 100; payments to costs; at most 18 months; compensation 15% EUR at least 40 at most 45']) AS c;
SELECT dunning.late_interest(10000, '2026-06-30', '2026-08-31', dunning.with_rates('7%; act/360', 's {2026-01-01: 1, 2026-08-01: 2, 2026-08-11: 3} until 2026-12-31')) AS by_the_new_rates,
	round(10000 * (1 * 31 + 2 * 10 + 3 * 21) / 36000.0, 2) AS by_hand, dunning.with_rates('7%', NULL) IS NULL AND dunning.with_rates(NULL, '{2026-01-01: 1}') IS NULL AS nothing;
SELECT '{2026-01-01: 1, 2026-04-01: unknown, 2026-07-01: 2} until 2026-12-31'::dunning.rate_history::jsonb AS history, '5%; compensation 40 EUR'::dunning.penalty_rule::jsonb AS rule;

-- 4. published examples
-- France, ECB + 10: 61 days at 12.15 and 62 at 12.40 on 10,000 (start 2026-05-01, to 2026-08-31)
SELECT * FROM dunning.late_penalty(10000.00, '2026-04-30', '2026-08-31', 'fr {2026-01-01: 12.15, 2026-07-01: 12.40} until 2026-12-31; compensation 40 EUR');
-- France: nothing on the due date itself
SELECT * FROM dunning.late_penalty(10000.00, '2026-01-31', '2026-01-31', '12.15%; compensation 40 EUR');
-- France: 40 EUR an invoice, three invoices
SELECT sum(dunning.late_compensation(a, '2026-01-31', '2026-02-01', '12.15%; compensation 40 EUR')) FROM (VALUES (1), (2.5), (1e9)) AS v (a);
-- Germany: 1,000 at 10.52 for 32 days 9.22; 1,190 at 9 for 100 days 29.34. Austria: 1,200 at 4 for 30 days 3.95, at 10.73 for 95 days 33.51, for 122 days 43.04; 10,000 at 4 for a year 400.00
-- Netherlands: 5,000 at 10.15 for 90 days 125.14. United Kingdom: 2,500 at 11.75 for 90 days 72.43; 10,000 at 13.25 for a year 1325.00; 15,000 at 15 for 30 days 184.93
SELECT expected, dunning.late_interest(amount, '2023-03-01', '2023-03-01'::date + days, rule::dunning.penalty_rule)
FROM (VALUES (9.22, 1000.00, 32, '10.52'), (29.34, 1190.00, 100, '9'), (3.95, 1200.00, 30, '4'), (33.51, 1200.00, 95, '10.73'), (43.04, 1200.00, 122, '10.73'),
	(400.00, 10000.00, 365, '4'), (125.14, 5000.00, 90, '10.15'), (72.43, 2500.00, 90, '11.75'), (1325.00, 10000.00, 365, '13.25'), (184.93, 15000.00, 30, '15'),
	(0.44, 100.00, 20, '8')) AS v (expected, amount, days, rule);
-- Germany, base rate + 9 by half-year, 10,000 from 2023-01-15 to 2025-10-02: 3,170.18. (A public calculator prints 3,154.20: it charges 1 January and 1 July at the old rate.)
SELECT dunning.late_interest(10000, '2023-01-15', '2025-10-02', 'de {2023-01-01: 10.62, 2023-07-01: 12.12, 2024-01-01: 12.62, 2024-07-01: 12.37, 2025-01-01: 11.27, 2025-07-01: 10.27} until 2025-12-31');
-- the same due 2023-01-01, paid 2023-07-01: 527.05, not the 526.64 of that calculator; and act/365 gives 103.73 for 30 days at 12.62, not the 105.17 of 30/360
SELECT dunning.late_interest(10000, '2023-01-01', '2023-07-01', 'de {2023-01-01: 10.62, 2023-07-01: 12.12} until 2023-12-31') AS a, dunning.late_interest(10000, '2024-02-01', '2024-03-02', '12.62') AS b;

-- Netherlands: 10,000 over 2023 and 2024, compounded on the anniversary of the default: 2,506.11
-- Germany: 8.62 on 1,000 from 1 to 29 February 2024 by act/act 6.83; 30/360: 10,000 at 6 from 2016-01-01 to 2016-07-30 350.00. Austria: 12,000 at 4 from 2026-01-15 to 2026-03-15 by 30/360 80.00
-- USA: 1,500 at 6.5 for 10 days of 360 2.71. United Kingdom, rounded each day: 1,000 at 8.5 for 50 days 11.50; 5,000 at 12.25 for 101 days 169.68
-- United Kingdom, fixed at start: 10,000 due 2024-06-15, a year at 13.25 although the rate fell
SELECT expected, dunning.late_interest(amount, due_on, as_of, rule::dunning.penalty_rule)
FROM (VALUES (2506.11, 10000.00, '2022-12-31'::date, '2024-12-31'::date, 'nl {2023-01-01: 10.50, 2023-07-01: 12.00, 2024-01-01: 12.50, 2024-07-01: 12.25} until 2024-12-31; compounded yearly'),
	(6.83, 1000.00, '2024-01-31', '2024-02-29', '8.62; act/act'), (350.00, 10000.00, '2015-12-31', '2016-07-30', '6; 30/360'), (80.00, 12000.00, '2026-01-15', '2026-03-15', '4; 30/360'),
	(2.71, 1500.00, '2026-01-15', '2026-01-25', '6.5; act/360'), (11.50, 1000.00, '2026-01-15', '2026-03-06', '8.5; rounded each day'), (169.68, 5000.00, '2026-01-15', '2026-04-26', '12.25; rounded each day'),
	(1325.00, 10000.00, '2024-06-15', '2025-06-15', 'gb {2024-01-01: 13.25, 2024-07-01: 13.25, 2025-01-01: 12.75} until 2025-06-30; fixed at start'),
	(26.82, 100.00, '2022-12-31', '2023-12-31', '24; compounded monthly; 30/360'), (256, 10000.00, '2013-12-31', '2014-03-31', '10.25; 30/360; decimals 0')) AS v (expected, amount, due_on, as_of, rule);
-- Netherlands, collection costs by scale; Belgium, consumers; United Kingdom; France
SELECT c, a AS amount, expected, dunning.late_compensation(a, '2026-01-01', '2026-01-02', ('5; compensation ' || s)::dunning.penalty_rule)
FROM (VALUES ('NL', '15% to 2500, 10% to 5000, 5% to 10000, 1% to 200000, 0.5% EUR at least 40 at most 6775'), ('BE', '20 to 150, 30 + 10% to 500, 65 + 5% EUR at most 2000'),
	('GB', '40 below 1000, 70 below 10000, 100 GBP'), ('FR', '40 EUR if professional')) AS v (c, s)
JOIN (VALUES ('NL', 100.00, 40.00), ('NL', 266.66, 40.00), ('NL', 266.70, 40.01), ('NL', 2500.00, 375.00), ('NL', 5000.00, 625.00), ('NL', 10000, 875), ('NL', 200000.00, 2775.00), ('NL', 999999.99, 6775.00), ('NL', 1e40, 6775),
	('BE', 150.00, 20.00), ('BE', 150.01, 30.00), ('BE', 500.00, 65.00), ('BE', 500.11, 65.01), ('BE', 50000.00, 2000.00), ('GB', 999.99, 40), ('GB', 1000, 70), ('GB', 9999.99, 70), ('GB', 10000, 100),
	('FR', 0.01, 40), ('FR', 0, 0), ('FR', -5, 0)) AS w (c, a, expected) USING (c)
ORDER BY c, a;
SELECT dunning.late_compensation(100, '2026-01-01', '2026-01-02', '5; compensation 40 EUR if professional', false) AS consumer, dunning.late_compensation(100, '2026-01-01', '2026-01-02', '5; compensation 40 EUR', false) AS all_alike,
	dunning.late_penalty(100, '2026-01-01', '2026-01-02', '5; compensation 40 EUR if professional', false), dunning.late_penalty(100, '2026-01-01', '2026-01-02', '5; compensation 40 EUR if professional', NULL) AS unknown;
SELECT a, dunning.late_compensation(a, '2026-01-01', '2026-01-02', '5; compensation 10% to 100, 5% EUR'), dunning.late_compensation(a, '2026-01-01', '2026-01-02', '5; compensation 10% EUR at most 30; decimals 0') AS limited,
	dunning.late_compensation(a, '2026-01-01', '2026-01-02', '5; compensation 100 EUR at most 90') AS one_sum
FROM (VALUES (99.95::numeric), (100.5), ('NaN'), ('Infinity'), ('-Infinity')) AS v (a);
-- least and most, of either sign; half away from zero and half even
SELECT a AS amount, dunning.late_interest(a, '2026-01-31', '2026-02-10', '36.5; least 5; most 20') AS both, dunning.late_interest(a, '2026-01-31', '2026-02-10', '36.5; most 0.5%') AS percent,
	dunning.late_interest(a, '2026-01-31', '2026-02-10', '36.5; decimals 0') AS half_up, dunning.late_interest(a, '2026-01-31', '2026-02-10', '36.5; decimals 0; half even') AS half_even,
	dunning.late_interest(a * 1e30, '2026-01-31', '2026-02-10', '36.5; decimals 0; half even') AS large
FROM (VALUES (0), (50), (150), (250), (499), (500), (2000), (2001), (-50), (-250), (-499), (-2500)) AS v (a);

-- 5. grace, credits, decimals, half away from zero, odd amounts
SELECT d AS as_of, (dunning.late_penalty(1000, '2026-01-31', d, '36.5%; compensation 40 EUR; grace 10')).*
FROM (VALUES ('2026-01-30'::date), ('2026-01-31'), ('2026-02-10'), ('2026-02-11')) AS v (d);
SELECT a AS amount, (dunning.late_penalty(a, '2026-01-31', '2026-02-10', '36.5%; compensation 40 EUR')).*
FROM (VALUES (0::numeric), (-1000), (0.49), (0.50), (-0.50), (1.50), (0.0001), (1e-20), (99999999999999.9999), ('NaN'), ('Infinity'), ('-Infinity')) AS v (a);
SELECT d, dunning.late_interest(1234.5678, '2026-01-31', '2026-02-10', format('36.5%%; decimals %s', d)::dunning.penalty_rule) FROM generate_series(0, 4) AS d;
SELECT dunning.late_interest(NULL::numeric, '2026-01-01', '2026-02-01', '5'), dunning.late_interest(1, NULL, '2026-02-01', '5'),
	dunning.late_interest(1, '2026-01-01', NULL, '5'), dunning.late_interest(1, '2026-01-01', '2026-02-01', NULL), dunning.late_penalty(NULL::numeric, '2026-01-01', '2026-02-01', '5');
SELECT dunning.late_interest(1, 'infinity', '2026-02-01', '5') AS never_due, dunning.late_interest(1, '2026-02-01', '-infinity', '5') AS ever;

-- 6. what cannot be computed
CREATE FUNCTION raises(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text; hint text;
BEGIN
	EXECUTE query INTO message;
	RETURN 'gives ' || message;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', state, message, nullif(detail, ''), nullif(hint, ''));
END $$;
SELECT raises($$SELECT dunning.late_interest(100, '2025-12-31', '2026-01-10', 'fr {2026-01-01: 12.15} until 2026-06-30')$$);
SELECT raises($$SELECT dunning.late_interest(100, '2025-12-30', '2026-01-10', 'fr {2026-01-01: 12.15} until 2026-06-30')$$);
SELECT raises($$SELECT dunning.late_interest(100, '2026-06-01', '2026-07-01', 'fr {2026-01-01: 12.15} until 2026-06-30')$$);
SELECT raises($$SELECT dunning.late_interest(100, '2027-06-01', '2027-07-01', '{2026-01-01: 12.15} until 2026-06-30')$$);
SELECT raises($$SELECT dunning.late_interest(100, '4000-06-01 BC', '2027-07-01', '{2026-01-01: 12.15} until 2026-06-30')$$);
SELECT raises($$SELECT dunning.late_interest(100, '-infinity', '2027-07-01', '5%')$$);
SELECT raises($$SELECT dunning.late_interest(100, '2026-01-01', 'infinity', '5%')$$);
SELECT raises($$SELECT dunning.rate_on('fr {2026-01-01: 12.15} until 2026-06-30', '2026-07-01')$$);
SELECT raises($$SELECT dunning.rate_on('fr {2026-01-01: 12.15} until 2026-06-30', '2025-12-31')$$);
SELECT raises($$SELECT dunning.penalty_rule('s {2026-01-01: 1}'::dunning.rate_history, 'compensation 40')$$);
SELECT raises($$SELECT dunning.penalty_rule('NaN'::numeric)$$);
SELECT raises($$SELECT dunning.penalty_rule(1000.5)$$);
SELECT raises($$SELECT dunning.with_clauses('5; 30/360', 'rounded each day')$$);
SELECT raises($$SELECT dunning.late_interest(100, '2026-01-01', '10000-01-01', '5%')$$);
SELECT raises($$SELECT dunning.late_interest(100, '0001-12-30 BC', '2026-01-01', '5%')$$);
SELECT raises($$SELECT dunning.late_interest(100, '0001-12-31 BC', '9999-12-31', '5%')$$);
SELECT raises($$SELECT dunning.late_interest(100, '1926-01-30', '2026-02-28', '5%; compounded monthly')$$);
SELECT raises($$SELECT dunning.late_interest('NaN'::numeric, '2026-01-30', '2026-02-28', '5%; compounded monthly')$$);
SELECT raises($$SELECT dunning.late_interest('Infinity'::numeric, '2026-01-30', '2026-02-28', '5%; least 5')$$);
SELECT raises($$SELECT dunning.late_interest(('1' || repeat('0', 131000))::numeric, '2000-01-30', '2026-02-28', '1000%; compounded monthly')$$);
-- a rate fixed at start takes one day of the history
SELECT raises($$SELECT dunning.late_interest(100, '2026-06-29', '2036-06-27', 'fr {2026-01-01: 10} until 2026-06-30; fixed at start')$$);
SELECT raises($$SELECT dunning.late_interest(100, '2026-06-30', '2036-06-27', 'fr {2026-01-01: 10} until 2026-06-30; fixed at start')$$);
-- the compensation does not need the rate; and the problem can be asked for beforehand
SELECT dunning.late_compensation(100, '2027-06-01', '2027-07-01', '{2026-01-01: 12.15} until 2026-06-30; compensation 40 EUR');
SELECT dunning.penalty_problem('2026-06-01', '2026-07-01', 'fr {2026-01-01: 12.15} until 2026-06-30'), dunning.penalty_problem('2026-06-01', '2026-06-30', 'fr {2026-01-01: 12.15} until 2026-06-30') AS none,
	dunning.penalty_problem('-infinity', '2026-06-30', '5%'), dunning.penalty_problem('2026-06-30', '10000-01-01', '5%') AS beyond,
	dunning.penalty_problem('1926-01-30', '2026-02-28', '5%; compounded monthly') AS compounded, dunning.penalty_problem('2027-01-01', '2027-01-05', 'fr {2026-01-01: 12.15} until 2026-06-30; grace 5') AS grace;

-- 7. against numeric: random amounts of any size, histories with negative rates, leap years
SELECT setseed(0.42);
CREATE TABLE steps AS
	SELECT h, row_number() OVER (PARTITION BY h ORDER BY f) AS n, f AS from_day,
		lead(f) OVER (PARTITION BY h ORDER BY f) - 1 AS to_day, round((random() * 40 - 10)::numeric, (random() * 6)::integer) AS rate
	FROM (SELECT DISTINCT h, '1999-06-01'::date + (random() * 9000)::integer AS f FROM generate_series(1, 60) AS h, generate_series(1, 40)
		UNION SELECT h, '1999-01-01' FROM generate_series(1, 60) AS h) AS s;
CREATE TABLE histories AS
	SELECT h, format('h%s {%s} until 2027-12-31', h, string_agg(to_char(from_day, 'YYYY-MM-DD') || ': ' || rate, ', ' ORDER BY from_day))::dunning.penalty_rule AS rule
	FROM steps GROUP BY h;
CREATE TABLE debts AS
	SELECT i, 1 + i % 60 AS h, d AS due_on, d + (random() ^ 3 * 3000)::integer - 20 AS as_of,
		CASE i % 8
			WHEN 0 THEN round((random() * 1000)::numeric, 2)
			WHEN 1 THEN -round((random() * 100000)::numeric, 2)
			WHEN 2 THEN round((random() * 1e15)::numeric, 4)
			WHEN 3 THEN round((random() * 1e9)::numeric, 7)
			WHEN 4 THEN (random() * 1e9)::numeric * 1e21 + round(random()::numeric, 12)
			WHEN 5 THEN round((random() * 1000)::numeric) * 36500
			WHEN 6 THEN (10::numeric ^ (random() * 28)::integer) * 0.01
			ELSE (random() * 1e6)::bigint::numeric END AS amount
	FROM (SELECT i, '1999-01-01'::date + (random() * 7500)::integer AS d FROM generate_series(1, 6000) AS i) AS s;
CREATE INDEX ON steps (h);
ANALYZE steps;
CREATE VIEW checked AS
	SELECT d.*, dunning.late_interest(d.amount, d.due_on, d.as_of, r.rule) AS computed,
		-- every day after the due date to as_of, at its own rate
		round(d.amount * coalesce((SELECT sum(s.rate * greatest(0, least(coalesce(s.to_day, '2027-12-31'), d.as_of) - greatest(s.from_day - 1, d.due_on)))
			FROM steps AS s WHERE s.h = d.h AND s.from_day <= d.as_of AND coalesce(s.to_day, '2027-12-31') > d.due_on), 0)
			* 1.0000000000000000000000000000000000000000 / 36500, 2) AS by_hand
	FROM debts AS d JOIN histories AS r USING (h);
SELECT count(*), count(*) FILTER (WHERE computed <> 0) > 4500 AS enough_late, count(*) FILTER (WHERE computed <> by_hand) AS wrong, max(scale(computed)) AS scale FROM checked;
-- and a few day by day
SELECT count(*) AS wrong
FROM (SELECT * FROM checked WHERE i <= 300) AS c
WHERE computed <> round(amount * coalesce((SELECT sum(s.rate) FROM generate_series(c.due_on + 1, c.as_of, '1 day') AS g
	JOIN steps AS s ON s.h = c.h AND g::date BETWEEN s.from_day AND coalesce(s.to_day, '2027-12-31')), 0) * 1.000000000000000000000000000000 / 36500, 2);
-- splitting the period anywhere changes nothing before rounding
SELECT count(*) AS differs
FROM (SELECT d.*, d.due_on + ((d.as_of - d.due_on) * random())::integer AS mid, r.rule FROM debts AS d JOIN histories AS r USING (h) WHERE d.as_of > d.due_on AND abs(d.amount) < 1e12) AS s
WHERE abs(dunning.late_interest(amount * 1e9, due_on, as_of, rule) - dunning.late_interest(amount * 1e9, due_on, mid, rule) - dunning.late_interest(amount * 1e9, mid, as_of, rule)) > 0.02;
-- to the byte what numeric itself makes of it, from any amount to each number of decimals: 36.5% for 10 days are a hundredth
SELECT count(*), count(*) FILTER (WHERE numeric_send(computed) <> numeric_send(by_hand) OR pg_column_size(computed) <> pg_column_size(by_hand)) AS wrong,
	count(*) FILTER (WHERE computed = 0) > 100 AS zeros, count(*) FILTER (WHERE abs(computed) >= 1e8) > 1000 AS large, count(*) FILTER (WHERE computed <> trunc(computed)) > 10000 AS broken
FROM (SELECT dunning.late_interest(a, '2026-01-31', '2026-02-10', rule) AS computed, round(a * 0.01, d) AS by_hand
	FROM (SELECT CASE i % 4 WHEN 0 THEN round((random() * 10 ^ (random() * 14))::numeric, (random() * 4)::integer)
				WHEN 1 THEN -round((random() * 10 ^ (random() * 14))::numeric, (random() * 4)::integer)
				WHEN 2 THEN 10::numeric ^ (random() * 14)::integer * (random() * 3 - 1)::integer
				ELSE round((random() - 0.5)::numeric * 10, 4) END AS a
			FROM generate_series(1, 10000) AS i) AS amounts,
		(SELECT d, format('36.5; decimals %s', d)::dunning.penalty_rule AS rule FROM generate_series(0, 4) AS d) AS rules) AS s;
-- a call site may see another rule each time
CREATE FUNCTION site(rule dunning.penalty_rule) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
	RETURN dunning.late_interest(10000, '2026-01-31', '2026-02-10', rule) + 1000 * dunning.late_interest(10000, '2026-01-31', '2026-02-10', '36.5');
END $$;
SELECT i, site(rule::dunning.penalty_rule), dunning.late_interest(10000, '2026-01-31', '2026-02-10', rule::dunning.penalty_rule)
FROM (VALUES (1, '36.5'), (2, '73'), (3, 'x {2020-01-01: 1, 2026-02-01: 73}'), (4, '36.5; decimals 0')) AS v (i, rule) ORDER BY i;
PREPARE site (dunning.penalty_rule) AS SELECT dunning.late_interest(a, '2026-01-31', '2026-02-10', $1) FROM (VALUES (1000), (2000)) AS v (a);
SET plan_cache_mode = force_generic_plan;
EXECUTE site ('36.5');
EXECUTE site ('73; decimals 0');
RESET plan_cache_mode;
DEALLOCATE site;
DROP FUNCTION site;
-- the largest number that a numeric can hold
SELECT dunning.late_interest(('1' || repeat('0', 131000))::numeric, '2026-01-01', '2027-01-01', '1%') = ('1' || repeat('0', 130998))::numeric AS exact;

DROP VIEW checked;
DROP TABLE rules, rules_back, steps, histories, debts;
DROP FUNCTION fails, raises;
-- late fees
SELECT '0; fee 15 usd each started month; FEE 1 % each full 30 days of the open amount, at most 12 times; grace 5'::dunning.penalty_rule AS rule;
SELECT (dunning.penalty_clauses('0%; fee 15.00 USD each started month; fee 5% once after 5 days')).late_fees;
SELECT dunning.with_clauses('0%; fee 15.00 USD each started month; fee 5% once', 'fee 1% once') AS other, dunning.with_clauses('0%; fee 5% once', 'no fee; grace 3') AS none;
SELECT c AS currency, dunning.with_currency('0%; fee 15.00 USD each started month; fee 12.00 EUR each started month; fee 1% once', c) FROM unnest('{USD,EUR,CHF,NULL}'::text[]) AS c;
SELECT a < b AS less, a = b AS equal, a = a AS itself, dunning.with_clauses(a, '') = a AS remade
FROM (VALUES ('0%; fee 1% once; fee 2% once'::dunning.penalty_rule, '0%; fee 2% once; fee 1% once'::dunning.penalty_rule)) AS v (a, b);
SELECT dunning.late_penalty(1000, '2026-01-31', '2026-03-31', '0%; fee 15.00 USD each started month; fee 12.50 EUR each started month') AS first_currency,
	dunning.late_penalty(1000, '2026-01-31', '2026-03-31', dunning.with_currency('0%; fee 15.00 USD each started month; fee 12.50 EUR each started month', 'EUR')) AS in_eur;
SELECT '0%; fee 15.00 each started month'::dunning.penalty_rule;
SELECT '0%; fee 15.00 USD each month'::dunning.penalty_rule;
SELECT '0%; fee 1% once; no fee'::dunning.penalty_rule;
SELECT dunning.late_penalty(1000, '1990-01-31', '2026-03-31', '0%; fee 1% each started day');
SELECT (dunning.late_penalty(1000, '1990-01-31', '2026-03-31', '0%; fee 1% each started day at most 10 times')).late_fee;
