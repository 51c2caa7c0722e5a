-- assess beside the functions that it takes together, called as the work list
-- calls them, on items and rules at random.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SELECT no_plan();
SELECT setseed(0.7);

CREATE FUNCTION pg_temp.any(texts text[]) RETURNS text LANGUAGE sql VOLATILE AS
	$$ SELECT texts[1 + floor(random() * cardinality(texts))::integer] $$;
CREATE FUNCTION pg_temp.day(days integer) RETURNS date LANGUAGE sql VOLATILE AS
	$$ SELECT CASE WHEN random() < 0.01 THEN pg_temp.any('{infinity,-infinity,0044-03-15 BC,10000-01-01}')::date ELSE date '2024-01-01' + floor(random() * days)::integer END $$;

CREATE TABLE rule AS
SELECT n, concat_ws('; ', pg_temp.any('{10,-0.5,"s {2024-01-01: 12.15, 2024-07-01: 12.40}","s {2024-01-01: 8, 2024-05-15: -1, 2025-01-01: 9.123456} until 2025-12-31",
		"s {2024-03-01: 10, 2024-09-01: UNKNOWN, 2024-12-01: 11} until 2025-09-30","s {2024-01-01: 5} until 2024-12-31 by half-year"}'),
	pg_temp.any('{NULL,act/act,act/360,30/360}'), pg_temp.any('{NULL,fixed at start}'), pg_temp.any('{NULL,NULL,compounded monthly,compounded yearly,compounded every 40 days,compounded every 1 days}'),
	pg_temp.any('{NULL,NULL,rounded each segment}'), pg_temp.any('{NULL,half even}'), pg_temp.any('{NULL,decimals 0,decimals 3}'), pg_temp.any('{NULL,NULL,grace 5,grace 40}'),
	pg_temp.any('{NULL,NULL,least 5}'), pg_temp.any('{NULL,NULL,most 20,most 3%}'), pg_temp.any('{NULL,NULL,payments to interest,payments to costs}'), pg_temp.any('{NULL,NULL,at most 6 months}'),
	pg_temp.any('{NULL,compensation 40 EUR,compensation 40 EUR if professional,"compensation 15% to 250, 10.125% to 500, 5% EUR at least 4 at most 67"}'),
	pg_temp.any('{NULL,NULL,fee 1% each full 30 days,fee 1.5% each started month compounded at most 90 USD; fee 7 EUR each full 2 weeks at most 5 times; fee 9 USD once if professional}'))::dunning.penalty_rule AS rule
FROM generate_series(1, 1200) AS n;
CREATE TABLE item AS
SELECT n, CASE WHEN random() < 0.05 THEN NULL WHEN random() < 0.1 THEN -1 ELSE 1 END * CASE WHEN random() < 0.05 THEN 0 ELSE round((random() * 1000)::numeric, floor(random() * 6)::integer) END AS open_amount,
	CASE WHEN random() < 0.6 THEN (SELECT dunning.balance_history(m.amount, m.day) FROM (
		SELECT CASE WHEN g = 0 THEN 1000 WHEN random() < 0.2 THEN 250 ELSE -250 END + CASE WHEN g > 0 AND random() < 0.3 THEN round(random()::numeric * 100, 3) ELSE 0 END,
			date '2023-12-01' + CASE WHEN g = 0 THEN 0 ELSE floor(random() * 700)::integer END
		FROM generate_series(0, floor(random() * 7)::integer + n - n) AS g) AS m (amount, day)) END AS history,
	CASE WHEN random() < 0.99 THEN pg_temp.day(200) END AS due_on, CASE WHEN random() < 0.99 THEN pg_temp.day(760) END AS as_of,
	CASE WHEN random() < 0.8 THEN random() < 0.7 END AS professional, pg_temp.any('{NULL,0,2,3,4}')::integer AS decimals,
	pg_temp.any('{NULL,NULL,USD,EUR}') AS currency
FROM generate_series(1, 6000) AS n;

CREATE TABLE answer AS
SELECT i.n, (i.a).*
FROM (SELECT i.n, dunning.assess(i.open_amount, i.history, i.due_on, i.as_of, r.rule, i.professional, i.decimals, currency => i.currency) AS a
	FROM item AS i LEFT JOIN rule AS r ON r.n = i.n % 1250 OFFSET 0) AS i;
CREATE TABLE model AS
SELECT i.n,
	CASE WHEN i.open_amount <= 0 OR i.rule IS NULL THEN 0
		WHEN i.problem IS NULL THEN (i.penalty).interest END AS interest,
	CASE WHEN i.open_amount <= 0 OR i.rule IS NULL THEN 0 WHEN i.problem IS NULL THEN (i.penalty).late_fee END AS late_fee,
	CASE WHEN i.open_amount <= 0 OR i.rule IS NULL THEN 0
		ELSE coalesce(dunning.late_compensation(i.history, i.due_on, i.as_of, i.measured, i.professional IS NOT FALSE),
			dunning.late_compensation(i.open_amount, i.due_on, i.as_of, i.measured, i.professional IS NOT FALSE)) END AS compensation,
	(dunning.penalty_clauses(i.rule)).currency, i.problem
FROM (SELECT i.*, CASE WHEN i.problem IS NULL AND (i.open_amount <= 0) IS NOT TRUE AND i.rule IS NOT NULL THEN coalesce(
		dunning.late_penalty(i.history, i.due_on, i.as_of, i.rounded, i.professional IS NOT FALSE),
		dunning.late_penalty(i.open_amount, i.due_on, i.as_of, i.rounded, i.professional IS NOT FALSE)) END AS penalty
FROM (SELECT i.*, CASE
		WHEN i.open_amount <= 0 OR i.rule IS NULL OR coalesce(i.history::text, i.open_amount::text) IS NULL THEN NULL
		WHEN i.history IS NULL THEN dunning.penalty_problem(i.due_on, i.as_of, i.rounded)
		ELSE dunning.penalty_problem(i.history, i.due_on, i.as_of, i.rounded, i.professional IS NOT FALSE) END AS problem
	-- dollars are not measured by a scale in euros, of which they owe the least
	FROM (SELECT i.*, r.rule, CASE WHEN i.currency = 'USD' AND r.rule::text ~ 'compensation 15' THEN dunning.with_clauses(r.rule, 'compensation 4 EUR')
			WHEN i.currency = 'EUR' THEN dunning.with_default_decimals(r.rule, i.decimals) ELSE r.rule END AS measured,
		dunning.with_currency(dunning.with_default_decimals(r.rule, i.decimals),
		coalesce(i.currency, substring((dunning.penalty_clauses(r.rule)).late_fees from '[A-Z]{3}'), 'XXX')) AS rounded FROM item AS i LEFT JOIN rule AS r ON r.n = i.n % 1250 OFFSET 0) AS i OFFSET 0) AS i OFFSET 0) AS i;

SELECT is_empty($$ SELECT n FROM answer AS a FULL JOIN model AS m USING (n)
	WHERE (a.interest::text, a.compensation::text, a.currency, a.problem) IS DISTINCT FROM (m.interest::text, m.compensation::text, m.currency, m.problem)
		OR m.late_fee::text IS DISTINCT FROM CASE WHEN m.late_fee IS NOT NULL THEN a.late_fee::text END $$,
	'it gives what they give, to the last decimal');
SELECT cmp_ok((SELECT count(*) FROM answer WHERE late_fee <> 0), '>', 250::bigint, 'many late fees');
SELECT cmp_ok((SELECT count(*) FROM answer WHERE late_fee <> 0 AND problem IS NOT NULL), '>', 20::bigint, 'also where a rate is missing that they do not need');
SELECT cmp_ok((SELECT count(*) FROM answer WHERE interest <> 0), '>', 1250::bigint, 'much interest');
SELECT cmp_ok((SELECT count(*) FROM answer WHERE compensation <> 0 AND problem IS NOT NULL), '>', 250::bigint, 'problems that leave the compensation');
SELECT cmp_ok((SELECT count(*) FROM answer AS a JOIN item AS i USING (n) WHERE a.problem ~ 'no rate|has no' AND i.history IS NOT NULL), '>', 50::bigint, 'missing rates of histories');
SELECT cmp_ok((SELECT count(DISTINCT regexp_replace(problem, '[0-9-]+', '', 'g')) FROM answer), '>', 3::bigint, 'of every kind');
SELECT is_empty($$ SELECT n FROM answer WHERE interest IS NOT NULL AND problem IS NOT NULL $$, 'no interest where there is a problem');

-- What is booked is money of the currency: a percentage, and a sum that is written finer.
SELECT is((dunning.assess(v.amount, NULL, '2026-01-31', '2026-03-31', v.rule::dunning.penalty_rule, true, v.decimals, currency => v.currency)).compensation::text, v.compensation, v.rule || ' of ' || v.amount || ' ' || v.currency)
FROM (VALUES ('10%; compensation 5% JPY', 54321, 0, 'JPY', '2716'), ('10%; compensation 5% KWD', 543.211, 3, 'KWD', '27.161'), ('10%; compensation 5% KWD; decimals 2', 543.211, 3, 'KWD', '27.16'),
	('10%; compensation 40.50 JPY', 54321, 0, 'JPY', '41'), ('10%; compensation 40.555 EUR', 100, 2, 'EUR', '40.56'), ('10%; compensation 40.50 EUR', 54321, 0, 'JPY', '40.50'),
	('10%; compensation 5% EUR at least 10.005', 100, 2, 'EUR', '10.01'), ('10%; compensation 40 EUR', 100, 2, 'EUR', '40.00')) AS v (rule, amount, decimals, currency, compensation);
SELECT is((dunning.assess(v.amount, NULL, '2026-01-31', '2026-03-31', v.rule::dunning.penalty_rule, true, v.decimals, currency => v.currency)).interest::text, v.interest, v.rule || ' of ' || v.amount || ' ' || v.currency)
FROM (VALUES ('10%; most 100.50', 54321, 0, 'JPY', '101'), ('10%; most 0.015', 1000, 2, 'EUR', '0.02')) AS v (rule, amount, decimals, currency, interest);

SELECT * FROM finish();
