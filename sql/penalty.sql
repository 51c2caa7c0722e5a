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
	('{0001-01-01: 0.000001, 9999-12-31: 1000}')) AS v (literal);
SELECT literal, literal::dunning.penalty_rule::text AS canonical
FROM (VALUES ('10.15%'), ('10.15'), ('-0.88'), ('0'), ('12.15 %; compensation 40 EUR'), ('12; act/365; grace 5; decimals 2'),
	('5%; decimals 0; grace 0; compensation 40.125 chf'), ('{2026-01-01: 12.15} until 2026-06-30; compensation 40.00 EUR'),
	('fr {2026-01-01: 12.15, 2026-07-01: 12.40} until 2026-12-31; GRACE 3; Compensation 70.5 GBP')) AS v (literal);
SELECT n, l, fails(t, l)
FROM (VALUES (1, 'dunning.rate_history'::regtype, ''), (2, 'dunning.rate_history', '{}'), (3, 'dunning.rate_history', '{2026-01-01}'),
	(4, 'dunning.rate_history', '{2026-01-01: 1'), (5, 'dunning.rate_history', '{2026-01-01: x}'), (6, 'dunning.rate_history', '{2026-02-30: 1}'),
	(7, 'dunning.rate_history', '{01/02/2026: 1}'), (8, 'dunning.rate_history', '{2026-01-01: 1000.000001}'), (9, 'dunning.rate_history', '{2026-01-01: 0.0000001}'),
	(10, 'dunning.rate_history', '{2026-07-01: 1, 2026-01-01: 2}'), (11, 'dunning.rate_history', '{2026-01-01: 1, 2026-01-01: 1}'),
	(12, 'dunning.rate_history', '{2026-01-01: 1} until 2025-12-31'), (13, 'dunning.rate_history', '{2026-01-01: 1} until'),
	(14, 'dunning.rate_history', '{2026-01-01: 1} for ever'), (15, 'dunning.rate_history', repeat('s', 64) || ' {2026-01-01: 1}'),
	(16, 'dunning.rate_history', '10%'), (17, 'dunning.rate_history', '{2026-01-01: 1,}'),
	(20, 'dunning.penalty_rule', ''), (21, 'dunning.penalty_rule', 'ten'), (22, 'dunning.penalty_rule', '10;'), (23, 'dunning.penalty_rule', '10; compensation 40'),
	(24, 'dunning.penalty_rule', '10; compensation 0 EUR'), (25, 'dunning.penalty_rule', '10; compensation 40 EURO'), (26, 'dunning.penalty_rule', '10; compensation 1000000000000.01 EUR'),
	(27, 'dunning.penalty_rule', '10; grace -1'), (28, 'dunning.penalty_rule', '10; grace 3651'), (29, 'dunning.penalty_rule', '10; grace 99999999999999999999'),
	(30, 'dunning.penalty_rule', '10; grace 1; grace 1'), (31, 'dunning.penalty_rule', '10; act/360'), (32, 'dunning.penalty_rule', '10; decimals 5'),
	(33, 'dunning.penalty_rule', '10; compound yearly'), (34, 'dunning.penalty_rule', '10 20'), (35, 'dunning.penalty_rule', '99999999999999999999999'),
	(36, 'dunning.penalty_rule', 'été {2026-01-01: 1}'), (37, 'dunning.penalty_rule', '1.2.3'), (38, 'dunning.penalty_rule', '.5')) AS v (n, t, l)
ORDER BY n;
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
SELECT encode(dunning.penalty_rule_send('10%'), 'hex') AS sent;

-- 3. reading values back
SELECT * FROM dunning.rates('fr {2025-07-01: 12.15, 2026-07-01: 12.40} until 2026-12-31');
SELECT * FROM dunning.rates('{2025-07-01: 12.15, 2026-07-01: -0.125}');
SELECT d, dunning.rate_on('fr {2025-07-01: 12.15, 2026-07-01: 12.40} until 2026-12-31', d)
FROM (VALUES ('2025-07-01'::date), ('2026-06-30'), ('2026-07-01'), ('2026-12-31')) AS v (d);
SELECT (dunning.penalty_terms('5%; compensation 40 EUR; grace 3')).*;
SELECT (dunning.penalty_terms('{2026-01-01: 1}; decimals 0')).*;
SELECT dunning.rate_history('5%'::dunning.penalty_rule) AS constant, dunning.rate_history('s {2026-01-01: 1}; grace 3'::dunning.penalty_rule) AS history;
SELECT dunning.penalty_rule('s {2026-01-01: 1}'), dunning.penalty_rule('s {2026-01-01: 1}', 40, 'EUR', 3, 0), dunning.penalty_rule('s {2026-01-01: 1}', grace_days => 3);
SELECT '{2026-01-01: 1, 2026-07-01: 2} until 2026-12-31'::dunning.rate_history::jsonb AS history, '5%; compensation 40 EUR'::dunning.penalty_rule::jsonb AS rule;

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

-- 5. grace, credits, decimals, half away from zero, odd amounts
SELECT d AS as_of, (dunning.late_penalty(1000, '2026-01-31', d, '36.5%; compensation 40 EUR; grace 10')).*
FROM (VALUES ('2026-01-30'::date), ('2026-01-31'), ('2026-02-10'), ('2026-02-11')) AS v (d);
SELECT a AS amount, (dunning.late_penalty(a, '2026-01-31', '2026-02-10', '36.5%; compensation 40 EUR')).*
FROM (VALUES (0::numeric), (-1000), (0.49), (0.50), (-0.50), (1.50), (0.0001), (1e-20), (99999999999999.9999), ('NaN'), ('Infinity'), ('-Infinity')) AS v (a);
SELECT d, dunning.late_interest(1234.5678, '2026-01-31', '2026-02-10', format('36.5%%; decimals %s', d)::dunning.penalty_rule) FROM generate_series(0, 4) AS d;
SELECT dunning.late_interest(NULL, '2026-01-01', '2026-02-01', '5'), dunning.late_interest(1, NULL, '2026-02-01', '5'),
	dunning.late_interest(1, '2026-01-01', NULL, '5'), dunning.late_interest(1, '2026-01-01', '2026-02-01', NULL), dunning.late_penalty(NULL, '2026-01-01', '2026-02-01', '5');
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
SELECT raises($$SELECT dunning.penalty_rule('s {2026-01-01: 1}', 40)$$);
-- the compensation does not need the rate; and the problem can be asked for beforehand
SELECT dunning.late_compensation(100, '2027-06-01', '2027-07-01', '{2026-01-01: 12.15} until 2026-06-30; compensation 40 EUR');
SELECT dunning.penalty_problem('2026-06-01', '2026-07-01', 'fr {2026-01-01: 12.15} until 2026-06-30'), dunning.penalty_problem('2026-06-01', '2026-06-30', 'fr {2026-01-01: 12.15} until 2026-06-30') AS none,
	dunning.penalty_problem('-infinity', '2026-06-30', '5%'), dunning.penalty_problem('2027-01-01', '2027-01-05', 'fr {2026-01-01: 12.15} until 2026-06-30; grace 5') AS grace;

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
	FROM (SELECT i, '1999-01-01'::date + (random() * 7500)::integer AS d FROM generate_series(1, 20000) AS i) AS s;
CREATE VIEW checked AS
	SELECT d.*, dunning.late_interest(d.amount, d.due_on, d.as_of, r.rule) AS computed,
		-- every day after the due date to as_of, at its own rate
		round(d.amount * coalesce((SELECT sum(s.rate * greatest(0, least(coalesce(s.to_day, '2027-12-31'), d.as_of) - greatest(s.from_day - 1, d.due_on)))
			FROM steps AS s WHERE s.h = d.h AND s.from_day <= d.as_of AND coalesce(s.to_day, '2027-12-31') > d.due_on), 0)
			* 1.0000000000000000000000000000000000000000 / 36500, 2) AS by_hand
	FROM debts AS d JOIN histories AS r USING (h);
SELECT count(*), count(*) FILTER (WHERE computed <> 0) > 15000 AS enough_late, count(*) FILTER (WHERE computed <> by_hand) AS wrong, max(scale(computed)) AS scale FROM checked;
-- and a few day by day
SELECT count(*) AS wrong
FROM (SELECT * FROM checked WHERE i <= 300) AS c
WHERE computed <> round(amount * coalesce((SELECT sum(s.rate) FROM generate_series(c.due_on + 1, c.as_of, '1 day') AS g
	JOIN steps AS s ON s.h = c.h AND g::date BETWEEN s.from_day AND coalesce(s.to_day, '2027-12-31')), 0) * 1.000000000000000000000000000000 / 36500, 2);
-- splitting the period anywhere changes nothing before rounding
SELECT count(*) AS differs
FROM (SELECT d.*, d.due_on + ((d.as_of - d.due_on) * random())::integer AS mid, r.rule FROM debts AS d JOIN histories AS r USING (h) WHERE d.as_of > d.due_on AND abs(d.amount) < 1e12) AS s
WHERE abs(dunning.late_interest(amount * 1e9, due_on, as_of, rule) - dunning.late_interest(amount * 1e9, due_on, mid, rule) - dunning.late_interest(amount * 1e9, mid, as_of, rule)) > 0.02;
-- the largest number that a numeric can hold
SELECT dunning.late_interest(('1' || repeat('0', 131000))::numeric, '2026-01-01', '2027-01-01', '1%') = ('1' || repeat('0', 130998))::numeric AS exact;

DROP VIEW checked;
DROP TABLE rules, rules_back, steps, histories, debts;
DROP FUNCTION fails, raises;
