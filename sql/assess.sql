-- Interest, compensation and the problem of an item in one call that no item
-- makes fail.
\set SHOW_CONTEXT never
SET search_path = public;
SET datestyle = 'ISO, YMD';
\pset null '(null)'
\set rule '''fr {2026-01-01: 12.15, 2026-07-01: 12.40} until 2026-12-31; compensation 40 EUR if professional'''

-- an amount, and a history with a payment
SELECT * FROM dunning.assess(10000.00, NULL, '2026-04-30', '2026-08-31', :rule);
SELECT * FROM dunning.assess(6000.00, '{2026-03-31: 10000.00, 2026-06-15: -4000.00}', '2026-04-30', '2026-08-31', :rule);
-- not late, and within the grace days
SELECT dunning.assess(100, NULL, '2026-04-30', '2026-04-30', :rule) AS due_today, dunning.assess(100, NULL, '2026-04-30', '2026-05-03', '10; grace 5; compensation 40 EUR') AS grace,
	dunning.assess(100, '{2026-01-01: 100}', '2026-04-30', '2026-05-03', '10; grace 5; decimals 3; compensation 40 EUR') AS of_history;
-- nothing is open, or there is no rule: whatever else is wrong
SELECT open_amount, dunning.assess(open_amount, '{2026-01-01: 100}', '2026-04-30', '2027-08-31', :rule) AS nothing_open,
	dunning.assess(open_amount, NULL, NULL, NULL, :rule) AS no_days
FROM unnest('{0,0.00,-5,-1e30,-Infinity}'::numeric[]) AS open_amount;
SELECT dunning.assess(100, NULL, '2026-04-30', '2027-08-31', NULL) AS no_rule, dunning.assess(100, NULL, '2026-04-30', '2026-05-31', '10') AS no_compensation;
-- what is not known
SELECT dunning.assess(100, NULL, NULL, '2026-08-31', :rule) AS no_due_date, dunning.assess(100, NULL, '2026-04-30', NULL, :rule) AS no_day,
	dunning.assess(NULL, NULL, '2026-04-30', '2026-08-31', :rule) AS no_amount;
-- without an open amount the history alone counts, that of a paid item too
SELECT dunning.assess(NULL, '{2026-03-31: 10000.00, 2026-06-15: -10000.00}', '2026-04-30', '2026-08-31', :rule) AS paid,
	dunning.assess(0, '{2026-03-31: 10000.00, 2026-06-15: -10000.00}', '2026-04-30', '2026-08-31', :rule) AS nothing_open;

-- a problem leaves the compensation
SELECT dunning.assess(100, NULL, '2026-04-30', '2027-01-31', :rule) AS no_rate, dunning.assess(100, '{2026-01-01: 100}', '2026-04-30', '2027-01-31', :rule) AS of_history,
	dunning.assess(NULL, '{2026-01-01: 100, 2026-12-31: -100}', '2026-04-30', '2027-01-31', :rule) AS needs_no_rate;
SELECT d AS due_on, a AS as_of, dunning.assess(100, NULL, d, a, rule) AS amount, dunning.assess(100, '{2026-01-01: 100}', d, a, rule) AS history
FROM (VALUES (date '-infinity', date '2026-08-31', dunning.penalty_rule '10; compensation 40 EUR'), ('2026-08-31', 'infinity', '10; compensation 40 EUR'),
	('2026-08-31', '10000-01-01', '10; compensation 40 EUR'), ('1926-01-30', '2026-02-28', '5; compounded monthly; compensation 40 EUR')) AS v (d, a, rule);
-- amounts of any size and kind
SELECT a, (s).interest, CASE WHEN length((s).compensation::text) < 40 THEN (s).compensation::text ELSE length((s).compensation::text) || ' characters' END AS compensation, (s).problem
FROM (VALUES ('NaN', '10; compensation 1% EUR'), ('Infinity', '10; compensation 1% EUR'), ('NaN', '10; compounded yearly; compensation 40 EUR'), ('Infinity', '10; most 100; compensation 1% EUR'),
	('12345678901234567890.123456789', '10; compensation 40 EUR'), ('1e100000', '10; compensation 1% EUR'), ('1e131071', '10; compounded yearly; compensation 1% EUR')) AS v (a, r)
CROSS JOIN LATERAL (SELECT dunning.assess(a::numeric, NULL, '2024-04-30', '2026-08-31', r::dunning.penalty_rule) AS s OFFSET 0) AS t;
SELECT length((dunning.assess(('9' || repeat('0', 99999))::numeric, NULL, '2026-04-30', '2026-05-31', '10; compounded monthly; compensation 1% EUR')).interest::text) AS digits,
	dunning.assess(1e131071, NULL, '2026-04-30', '2026-04-30', '10; compensation 1% EUR') AS not_late;

-- debtors and decimals
SELECT p AS professional, dunning.assess(100, NULL, '2026-04-30', '2026-08-31', :rule, p) FROM (VALUES (true), (false), (NULL)) AS v (p);
SELECT decimals, dunning.assess(1234.56, NULL, '2026-04-30', '2026-08-31', '10; compensation 1% EUR', true, decimals) AS of_currency,
	dunning.assess(1234.56, NULL, '2026-04-30', '2026-08-31', '10; decimals 1; compensation 1% EUR', true, decimals) AS of_rule,
	dunning.assess(1234.56, '{2026-01-01: 1234.56}', '2026-04-30', '2026-08-31', '10; compensation 1% EUR', true, decimals) AS of_history
FROM (VALUES (NULL), (0), (2), (3), (4)) AS v (decimals);
SELECT dunning.assess(100, NULL, '2026-04-30', '2026-08-31', '10', true, 5);
SELECT dunning.assess(100, NULL, '2026-04-30', '2026-08-31', '10; decimals 2', true, -1);

-- a rule that changes from row to row, constant, in a table or stored out of line
CREATE TABLE assessed AS SELECT n, (n % 3 + 5 || '; compensation ' || n % 3 + 40 || ' EUR')::dunning.penalty_rule AS rule FROM generate_series(1, 9) AS n;
CREATE TABLE stored_apart (rule dunning.penalty_rule);
ALTER TABLE stored_apart ALTER rule SET STORAGE EXTERNAL;
INSERT INTO stored_apart SELECT ('long {' || string_agg(date '2000-01-01' + 30 * n || ': ' || n % 7 + k, ', ' ORDER BY n) || '}; compensation ' || k || ' EUR')::dunning.penalty_rule
	FROM generate_series(1, 2) AS k, generate_series(0, 300) AS n GROUP BY k;
SELECT bool_and(dunning.assess(1000, NULL, '2026-04-30', '2026-08-31', rule)
	= ROW(dunning.late_interest(1000, '2026-04-30', '2026-08-31', rule), dunning.late_compensation(1000, '2026-04-30', '2026-08-31', rule), 'EUR', 0.00, NULL::text)::dunning.assessment IS NOT FALSE) AS in_a_table
FROM assessed;
SELECT n, dunning.assess(1000, NULL, '2026-04-30', '2026-08-31', rule) FROM stored_apart, generate_series(1, 2) AS n ORDER BY n, (dunning.penalty_clauses(rule)).compensation_amount;
DROP TABLE assessed, stored_apart;
-- the late fees of an amount need no rate, those of a history only where payments may extinguish interest first
SELECT o, dunning.assess(100, NULL, '2026-04-30', '2027-01-31', r) AS of_amount, dunning.assess(100, '{2026-01-01: 100}', '2026-04-30', '2027-01-31', r) AS of_history
FROM unnest('{"",; payments to interest,; payments to costs}'::text[]) AS o
CROSS JOIN LATERAL (SELECT ('fr {2026-01-01: 12.15} until 2026-12-31; fee 1.00 EUR each started month' || o)::dunning.penalty_rule) AS v (r);
SELECT c AS currency, (dunning.assess(100, NULL, '2026-04-30', '2026-05-31', '0%; fee 3.00 USD once; fee 2.00 EUR once', currency => c)).late_fee FROM unnest('{NULL,USD,EUR,CHF}'::text[]) AS c;
