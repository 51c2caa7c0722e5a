-- Jurisdictions: rules, days to pay, what is missing; the shipped rates and the
-- sentences are tested with pgTAP.
\set VERBOSITY sqlstate
SET client_min_messages = error;
BEGIN;

-- A series of one's own, and laws by it in two periods.
INSERT INTO dunning.reference_series (series, holds, description) VALUES ('fixing', 'until changed', 'a rate of the bank');
INSERT INTO dunning.reference_rate (series, effective_on, rate, known_until) VALUES
	('fixing', '2019-11-20', -0.40, NULL), ('fixing', '2022-07-27', 1.10, NULL), ('fixing', '2024-01-01', 3.15, '2026-02-10');
INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, valid_until, series, every, on_day, factor, margin, round_up_to, fixed_rate, agreed, floor_series, floor_factor, clauses, payments) VALUES
	('T', 'business', 'test', '2020-01-01', '2022-12-31', 'fixing', 'half-year', 'first day', NULL, 8, NULL, NULL, 'never', NULL, NULL, NULL, NULL),
	('T', 'business', 'test', '2024-01-01', NULL, 'fixing', 'half-year', 'day before', 2, 8, 0.5, NULL, 'never', NULL, NULL, 'fixed at start; compensation 40 EUR', 'interest'),
	('T-day', 'business', 'test', '2020-01-01', NULL, 'fixing', NULL, NULL, NULL, 8, NULL, NULL, 'allowed', NULL, NULL, 'grace 2', 'costs'),
	('T-floor', 'business', 'test', '2020-01-01', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'required', 'fixing', 3, NULL, 'principal'),
	('T-fixed', 'business', 'test', '2020-01-01', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 6, 'allowed', 'fixing', 3, NULL, NULL),
	('T-flat', 'consumer', 'test', '2020-01-01', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 6, 'never', NULL, NULL, 'act/360', NULL);
SELECT dunning.law_rule(code => 'T', on_day => '2022-12-31');
SELECT dunning.law_rule(code => 'T');
SELECT dunning.law_rule('T', date '2025-01-01', clauses => 'compensation 30 EUR; grace 4', allocation => 'legal');
SELECT dunning.law_rule(code => 'T-day', allocation => 'legal');
SELECT dunning.law_rule(code => 'T-day', rate => 7.5, allocation => 'interest');
SELECT dunning.law_rule(code => 'T-floor', rate => 3, allocation => 'legal');
SELECT dunning.law_rule(code => 'T-floor', rate => 12);
SELECT dunning.law_rule(code => 'T-fixed');
SELECT dunning.law_rule(code => 'T-fixed', rate => 9);
SELECT dunning.law_rule(code => 'T-flat');
SELECT to_char((dunning.law('T')).valid_from, 'YYYY-MM-DD') AS valid_from, (dunning.law('T', '2021-05-05')).margin, dunning.law(NULL) IS NULL AS nothing,
	_dunning.jurisdiction_is_known('T'), _dunning.jurisdiction_is_known('T', '2019-01-01') AS not_then, _dunning.jurisdiction_is_known('U') AS not_it;

-- what cannot be
CREATE FUNCTION pg_temp.state(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT statement, pg_temp.state(statement)
FROM (VALUES
	($$SELECT dunning.law_rule(code => 't')$$),
	($$SELECT dunning.law_rule(code => 'T', on_day => '2019-12-31')$$),
	($$SELECT dunning.law_rule(code => 'T', on_day => '2023-01-01')$$),
	($$SELECT dunning.law_rule(code => 'T', on_day => 'infinity')$$),
	($$SELECT dunning.law_rule(code => 'T', rate => 3)$$),
	($$SELECT dunning.law_rule(code => 'T-floor')$$),
	($$SELECT dunning.law_rule(code => 'T-floor', rate => 'NaN')$$),
	($$SELECT dunning.law_rule(code => 'T-floor', rate => 5000)$$),
	($$SELECT dunning.law_rule(code => 'T-fixed', allocation => 'legal')$$),
	($$SELECT dunning.law_rule(code => 'T', allocation => 'LEGAL')$$),
	($$SELECT dunning.law_rule(code => 'T', clauses => 'grace')$$),
	($$SELECT dunning.law_rule(code => 'T', clauses => '')$$),
	($$INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, fixed_rate) VALUES ('T x', 'business', 'x', '2020-01-01', 1)$$),
	($$INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, fixed_rate) VALUES ('X', 'anybody', 'x', '2020-01-01', 1)$$),
	($$INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, fixed_rate) VALUES ('X', 'business', 'x', '-infinity', 1)$$),
	($$INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from) VALUES ('X', 'business', 'x', '2020-01-01')$$),
	($$INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, fixed_rate, agreed) VALUES ('X', 'business', 'x', '2020-01-01', 1, 'required')$$),
	($$INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, fixed_rate, clauses) VALUES ('X', 'business', 'x', '2020-01-01', 1, 'so be it')$$),
	($$INSERT INTO dunning.reference_series (series, holds) VALUES ('x', 'for ever')$$),
	($$INSERT INTO dunning.reference_series (series) VALUES ('not a name')$$),
	($$INSERT INTO dunning.reference_series (series) VALUES ('fixing')$$),
	($$INSERT INTO dunning.mention (jurisdiction, language, text) VALUES ('T', 'French', 'x')$$)) AS v (statement);

-- The days to pay, on both sides of each limit.
UPDATE dunning.jurisdiction SET days_default = 30, days_max = 60, days_max_eom = 45, days_max_small = 20, days_source = 'an article' WHERE code = 'T';
UPDATE dunning.jurisdiction SET days_max = 10, days_free = true WHERE code = 'T-day';
SELECT to_char(i, 'YYYY-MM-DD') AS issued, to_char(d, 'YYYY-MM-DD') AS due, s AS stipulated, e AS end_of_month, x AS expressly, n AS to_small, c.allowed, to_char(c.latest, 'YYYY-MM-DD') AS latest, c.reason
FROM (VALUES
	(1, 'T', date '2024-01-01', date '2024-03-01', true, false, false, false), (2, 'T', '2024-01-01', '2024-03-02', true, false, false, false),
	(3, 'T', '2025-01-02', '2025-03-17', true, true, false, false), (4, 'T', '2025-01-02', '2025-03-18', true, true, false, false),
	(5, 'T', '2024-01-16', '2024-03-31', true, true, false, false), (6, 'T', '2024-02-28', '2024-04-30', true, true, false, false),
	(7, 'T', '2024-01-01', '2024-01-31', false, true, true, false), (8, 'T', '2024-01-01', '2024-02-01', false, true, true, false),
	(9, 'T', '2024-01-01', '2024-01-21', true, true, true, true), (10, 'T', '2024-01-01', '2024-01-22', true, true, true, true),
	(11, 'T-day', '2024-01-01', '2024-01-12', true, true, false, true), (12, 'T-day', '2024-01-01', '2024-01-12', true, true, true, true),
	(13, 'T-flat', '2024-01-01', '2030-01-01', true, false, false, false), (14, 'T', '2024-01-01', '2023-12-01', true, false, false, false)) AS v (no, j, i, d, s, e, x, n),
	dunning.check_terms(j, i, d, s, e, x, n) AS c
ORDER BY no;
SELECT dunning.check_terms('T', NULL, '2024-01-01') IS NULL AS nothing;

-- What is missing: a sampled series is known to the end of the period whose day it knows.
SELECT to_char(day, 'YYYY-MM-DD') AS day, half_year, to_char(since, 'YYYY-MM-DD') AS since, to_char(last_known, 'YYYY-MM-DD') AS last_known, to_char(needed_by, 'YYYY-MM-DD') AS needed_by, jurisdictions, rules, ledgers
FROM (VALUES (date '2026-02-10'), ('2026-02-11'), ('2026-06-30'), ('2026-07-01')) AS v (day), dunning.missing_rates(day)
WHERE series = 'fixing';
INSERT INTO dunning.rule (name, jurisdiction, clauses) VALUES ('mine', 'T', 'grace 1');
INSERT INTO dunning.rule (name, jurisdiction, rate) VALUES ('agreed', 'T-day', 9);
SELECT rules FROM dunning.missing_rates('2026-07-01') WHERE series = 'fixing';
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('fixing', '2026-06-15', 2.25);
SELECT count(*) FROM dunning.missing_rates('2026-12-31') WHERE series = 'fixing';
SELECT name, rule FROM dunning.rule WHERE name IN ('mine', 'agreed') ORDER BY name COLLATE "C";
DELETE FROM dunning.reference_rate WHERE series = 'fixing' AND effective_on = '2026-06-15';
SELECT rule FROM dunning.rule WHERE name = 'mine';

-- Periods, and how numbers are written.
SELECT every, to_char(_dunning.period_end('2024-02-29', every), 'YYYY-MM-DD') AS first, to_char(_dunning.period_end('2024-12-31', every), 'YYYY-MM-DD') AS last
FROM unnest(ARRAY['month', 'quarter', 'half-year', 'year', 'week']) AS every;
SELECT language, translate(_dunning.percent_text(12.4, language), chr(160), '~') AS percent, translate(_dunning.percent_text(-0.123400, language), chr(160), '~') AS negative,
	translate(_dunning.money_text(40.00, 'CHF', language), chr(160), '~') AS whole, translate(_dunning.money_text(1040.5, 'CHF', language), chr(160), '~') AS parts
FROM unnest(ARRAY['de', 'en', 'es', 'fr', 'nl']) AS language;
ROLLBACK;
