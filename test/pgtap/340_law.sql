-- The law of the day: rates that nobody stated, rules by the day of the contract,
-- the end of interest, consumers, and the decimals of currencies.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
BEGIN;
SELECT no_plan();

CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	hint text;
BEGIN
	EXECUTE statement INTO message;
	RETURN message;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE || ': ' || message, nullif(hint, ''));
END $$;

CREATE FUNCTION pg_temp.wanted(series text, day text) RETURNS text LANGUAGE sql AS
	$$ SELECT format('22023: no rate of series "%s" for %s | Insert the rate as it was published, without a margin: INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (''%1$s'', ''%2$s'', RATE).', $1, $2) $$;

--
-- Great Britain: the rate wanted is that of the day before the half-year
--
SAVEPOINT rates;
PREPARE gb AS SELECT dunning.late_interest(10000::numeric, '2026-12-31', '2027-03-31', dunning.law_rule(code => 'GB'));
SELECT is(pg_temp.try('EXECUTE gb'), pg_temp.wanted('boe_bank_rate', '2026-12-31'), 'the day that is missing is the one whose rate counts');
SELECT is(dunning.penalty_problem('2026-12-31', '2027-03-31', dunning.law_rule(code => 'GB')), 'no rate of series "boe_bank_rate" for 2026-12-31', 'also as a problem');
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('boe_bank_rate', '2027-01-01', 3.50);
SELECT is(pg_temp.try('EXECUTE gb'), pg_temp.wanted('boe_bank_rate', '2026-12-31'), 'a later rate does not stand for it');
SELECT results_eq($$ SELECT * FROM dunning.rates(dunning.rate_history(dunning.law_rule(code => 'GB'))) WHERE from_day > '2026-01-01' OR to_day > '2026-07-01' $$,
	$$ VALUES (date '2026-01-01', date '2026-12-31', 11.75), ('2027-07-01', '2027-12-31', 11.5) $$, 'but for the half-year after it, on the eve of which it holds');
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('boe_bank_rate', '2026-12-31', 3.60);
-- 10,000 at 11.6 for 90 of 365 days
SELECT is(pg_temp.try('EXECUTE gb'), '286.03', 'the rate of that day does');
ROLLBACK TO rates;

--
-- The Central Bank: a rate by half-year needs the days that count, one by day all of them
--
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('ecb_mro', '2027-01-01', 2.40);
SELECT is(dunning.late_interest(1000, '2026-08-20', '2027-01-10', dunning.law_rule(code => 'FR')), round(1000 * 12.40 * 143 / 36500, 2), 'what was read until August and stated for January makes two half-years');
SELECT is(pg_temp.try($$SELECT dunning.late_interest(1000, '2026-08-20', '2027-01-10', dunning.penalty_rule(dunning.series_rates('ecb_mro')))$$), pg_temp.wanted('ecb_mro', '2026-08-24'),
	'but day by day the first one that nobody stated is missing');
SELECT is(dunning.late_interest(1000, '2026-12-31', '2027-01-10', dunning.penalty_rule(dunning.series_rates('ecb_mro'))), round(1000 * 2.40 * 10 / 36500, 2), 'after the hole the rate is known');
SELECT is(pg_temp.try($$SELECT dunning.late_interest('{2026-01-01: 1000, 2026-08-23: -1000, 2026-12-31: 500}'::dunning.balance_history, '2026-08-20', '2027-01-10', dunning.penalty_rule(dunning.series_rates('ecb_mro')))$$),
	round((1000 * 2.40 * 3 + 500 * 2.40 * 10) / 36500, 2)::text, 'a hole in which nothing is owed needs no rate');
SELECT is(pg_temp.try(format($$SELECT dunning.late_interest('{2026-01-01: 1000, 2026-08-23: -%s, 2026-12-31: 500}'::dunning.balance_history, '2026-08-20', '2027-01-10', dunning.penalty_rule(dunning.series_rates('ecb_mro'), 'rounded each segment'))$$, paid)), outcome, 'also step by step, ' || paid || ' paid')
FROM (VALUES ('1000', '0.53'), ('999', pg_temp.wanted('ecb_mro', '2026-08-24'))) AS v (paid, outcome);
SELECT is(dunning.penalty_problem('{2026-01-01: 1000, 2026-08-24: -1000}'::dunning.balance_history, '2026-08-20', '2027-01-10', dunning.penalty_rule(dunning.series_rates('ecb_mro'))), 'no rate of series "ecb_mro" for 2026-08-24', 'a day in it does');
SELECT is((SELECT array_agg(from_day) FROM dunning.rates(dunning.series_rates('ecb_mro')) WHERE from_day > '2026-01-01'), '{2026-06-17,2027-01-01}'::date[], 'days that are unknown have no row');
ROLLBACK TO rates;

-- whatever rule misses whatever day, the statement of the hint cures it
CREATE FUNCTION pg_temp.cure(name text, due_on date) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
	n integer := 0;
BEGIN
	LOOP
		BEGIN
			PERFORM dunning.late_interest(1000, due_on, due_on + 20, r.rule) FROM dunning.rule AS r WHERE r.name = cure.name;
			RETURN n;
		EXCEPTION WHEN invalid_parameter_value THEN
			GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
		END;
		n := n + 1;
		IF n > 2 THEN
			RETURN 'not cured: ' || hint;
		END IF;
		EXECUTE replace(substring(hint FROM 'INSERT INTO .*\)'), 'RATE', '3');
	END LOOP;
END $$;
SELECT is_empty($$ SELECT r.name, d, c FROM dunning.rule AS r CROSS JOIN unnest(ARRAY[date '2029-03-10', '2029-03-15', '2027-01-10', '2026-12-31', '2027-07-04', '2028-12-20']) AS d
	CROSS JOIN LATERAL pg_temp.cure(r.name, d) AS c WHERE c !~ '^[012]$' $$, 'every shipped rule is cured by what its errors say, on any day and in any order');
SELECT cmp_ok((SELECT count(*) FROM dunning.reference_rate WHERE NOT shipped), '>', 30::bigint, 'which took many rates');
ROLLBACK TO rates;

--
-- An earlier law
--
SELECT is(pg_temp.try($$SELECT dunning.late_interest(1000, '2013-01-01', '2013-06-01', dunning.law_rule(code => 'DE'))$$),
	'22023: no rate of series "de_basiszinssatz" for 2013-01-02: the rule begins on 2014-07-29 | A contract made before that day has an earlier law: give its day as on_day to dunning.law_rule(code => ..., on_day => ...). Where the series itself begins later, insert its earlier rates into dunning.reference_rate.',
	'a rule says when it begins, and how to get the one before');
-- base rate -0.13 in 2013-S1: 7.87 for 151 days
SELECT is(dunning.late_interest(1000, '2013-01-01', '2013-06-01', dunning.law_rule('DE', on_day => '2012-11-30')), 32.56, 'which is there');
SELECT is(right(dunning.rule_on('DE', day)::text, 40) ~ 'compensation', has, format('DE for a contract of %s', day))
FROM (VALUES (date '1999-01-01', false), ('2002-01-01', false), ('2014-07-28', false), ('2014-07-29', true), ('infinity', true), (NULL, true)) AS v (day, has);
SELECT is(dunning.rule_on('DE', '2014-07-28'), dunning.law_rule('DE', on_day => '2014-07-28'), 'it is the rule of that day');
SELECT is(dunning.rule_on('GB', '1999-01-01'), dunning.law_rule(code => 'GB'), 'a law that did not change has one rule');
SELECT is(dunning.rule_on('nobody', '1999-01-01'), NULL, 'no rule of that name');
SELECT results_eq('SELECT from_day, before FROM dunning.rule_versions(''france'') ORDER BY 1', $$ VALUES (date '-infinity', date '2009-01-01'), ('2009-01-01', '2013-01-01'), ('2013-01-01', NULL) $$, 'France has three');
SELECT is((SELECT count(*) FROM dunning.rule_versions('GB')), 1::bigint, 'Great Britain one');
SELECT is_empty($$ SELECT r.name, v.from_day FROM dunning.rule AS r CROSS JOIN LATERAL dunning.rule_versions(r.name) AS v
	WHERE v.rule IS DISTINCT FROM dunning.law_rule(r.jurisdiction, CASE WHEN isfinite(v.from_day) THEN v.from_day ELSE (SELECT min(valid_from) FROM dunning.jurisdiction WHERE code = r.jurisdiction) END) $$,
	'every version is the law of its day');
INSERT INTO dunning.rule (name, jurisdiction, on_day, clauses) VALUES ('old', 'DE', '2010-01-01', ''), ('mine', 'DE', NULL, 'grace 3');
SELECT is((SELECT count(*) FROM dunning.rule_versions('old')), 1::bigint, 'a rule of one day has no other');
SELECT is((SELECT array_agg((dunning.penalty_clauses(rule)).grace_days ORDER BY from_day) FROM dunning.rule_versions('mine')), '{3,3}', 'clauses of one''s own are those of all versions');
UPDATE dunning.rule SET on_day = '2010-01-01' WHERE name = 'mine';
SELECT is((SELECT since IS NULL AND earlier IS NULL FROM dunning.rule WHERE name = 'mine'), true, 'and with a day only one is left');
INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, fixed_rate) VALUES ('DE', 'business', 'A law to come', '2030-01-01', 20);
SELECT is((SELECT array_agg(from_day ORDER BY from_day) FROM dunning.rule_versions('DE')), '{-infinity,2014-07-29,2030-01-01}', 'a law to come is a version more');
SELECT is(dunning.rule_on('DE', '2026-01-01'), dunning.law_rule('DE', on_day => '2026-01-01'), 'and not the law of today');
DELETE FROM dunning.jurisdiction WHERE valid_from = '2030-01-01';

-- a ledger with contracts of both laws
CREATE TABLE public.rechnung (id integer PRIMARY KEY, client text, issued_on date, due_on date, contract_date date, amount numeric, private boolean, currency text);
INSERT INTO public.rechnung VALUES
	(1, 'a', '2014-06-01', '2014-08-01', NULL, 1000, false, 'EUR'),			-- issued before the law
	(2, 'a', '2014-08-01', '2014-08-01', NULL, 1000, false, 'EUR'),			-- and after it
	(3, 'a', '2014-08-01', '2014-08-01', '2014-07-28', 1000, false, 'EUR'),	-- of an older contract
	(4, 'a', NULL, '2014-08-01', NULL, 1000, false, 'EUR'),					-- nothing is known but the due date
	(5, 'a', '2014-06-01', '2014-08-01', '2014-07-29', 1000, false, 'EUR'),	-- a contract counts even if it is later
	(6, 'a', '2014-06-01', '2014-07-20', NULL, 1000, false, 'EUR'),
	(7, 'a', '2014-06-01', '2014-08-01', NULL, 1000, true, 'EUR');
SELECT results_eq($$ SELECT field, source FROM dunning.adopt('public.rechnung', columns => '{"open_amount": "amount"}', rule => 'DE') WHERE field IN ('contracted_on', 'rule') ORDER BY field COLLATE "C" $$,
	$$ VALUES ('contracted_on', 'contract_date'), ('rule', 'DE') $$, 'the day of the contract is a field');
SET LOCAL dunning.today = '2014-08-31';
-- base rate -0.73: at 7.27 and 8.27, 30 days, and 42 days from 21 July
CREATE TEMP TABLE expected (item text, interest numeric, compensation numeric);
INSERT INTO expected VALUES ('1', 5.98, 0), ('2', 6.80, 40), ('3', 5.98, 0), ('4', 6.80, 40), ('5', 6.80, 40), ('6', 8.37, 0), ('7', 5.98, 0);
SELECT results_eq('SELECT item::text COLLATE "C", late_interest, compensation FROM dunning.worklist ORDER BY 1', 'SELECT item COLLATE "C", interest, compensation FROM expected ORDER BY 1', 'the work list takes the law of each contract');
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
CREATE VIEW pg_temp.claimed AS SELECT item::text COLLATE "C" AS item, coalesce(sum(amount) FILTER (WHERE kind = 'interest'), 0) AS interest, coalesce(sum(amount) FILTER (WHERE kind = 'compensation'), 0) AS compensation
	FROM dunning.claim GROUP BY item;
SELECT results_eq('SELECT * FROM pg_temp.claimed ORDER BY 1', 'SELECT item COLLATE "C", interest, compensation FROM expected ORDER BY 1', 'and so do the claims');
SELECT results_eq('SELECT count(*) FROM dunning.claim_penalties(dunning.today())', 'VALUES (0::bigint)', 'which a second time book nothing');
UPDATE public.rechnung SET contract_date = '2014-07-01' WHERE id = 2;
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT results_eq($$ SELECT interest, compensation FROM pg_temp.claimed WHERE item = '2' $$, 'VALUES (5.98, 0.00)', 'a contract that turns out to be older is corrected');
SELECT is((SELECT count(DISTINCT raised_on) FROM dunning.reminder), 0::bigint);
SELECT dunning.run_reminders(dunning.today()) \g /dev/null
SELECT results_eq($$ SELECT item::text COLLATE "C", late_interest, compensation FROM dunning.reminder ORDER BY 1 $$,
	$$ SELECT item COLLATE "C", CASE item WHEN '2' THEN 5.98 ELSE interest END, CASE item WHEN '2' THEN 0 ELSE compensation END FROM expected ORDER BY 1 $$, 'and the reminders');
SELECT dunning.release_ledger('rechnung') \g /dev/null
RESET dunning.today;
ROLLBACK TO rates;

--
-- Consumers
--
SELECT is((SELECT p FROM dunning.late_penalty(1000.00, '2026-01-31', '2026-03-31', dunning.law_rule(code => 'GB'), professional => v.professional) AS p), v.p, v.name)
FROM (VALUES (false, ROW(18.99, 0.00, 0.00, 18.99)::dunning.penalty, 'the British compensation is between businesses'), (true, ROW(18.99, 70.00, 0.00, 88.99)::dunning.penalty, 'who owe it')) AS v (professional, p, name);
-- of businesses' laws only the Dutch scale is the consumers', too
SELECT results_eq($$ SELECT j.code COLLATE "C" FROM dunning.jurisdiction AS j
		CROSS JOIN LATERAL dunning.late_compensation(1000, '2026-01-31', '2026-03-31', dunning.law_rule(j.code, on_day => j.valid_from, rate => CASE j.agreed WHEN 'required' THEN 10 END), professional => false) AS c
	WHERE j.debtor = 'business' AND c <> 0 ORDER BY 1 $$, $$ VALUES ('NL' COLLATE "C") $$, 'no other law between businesses asks consumers for a compensation');

CREATE TABLE public.facture (id integer PRIMARY KEY, client text, due_on date, amount numeric, professional boolean);
CREATE FUNCTION pg_temp.advice(rule text, consumer_rule text, columns text DEFAULT '{"open_amount": "amount"}') RETURNS SETOF text LANGUAGE sql AS
	$$ SELECT a.why FROM dunning.adopt('public.facture', columns => $3::jsonb, rule => $1, consumer_rule => $2, replace => true) AS a WHERE a.field = 'consumer rule' AND a.source IS NULL $$;
INSERT INTO dunning.rule (name, rule) VALUES ('plain', '10%');
SELECT is((SELECT array_agg(a) FROM pg_temp.advice(v.rule, v.consumer, v.columns) AS a), v.said, v.name)
FROM (VALUES
	('france', NULL, '{"open_amount": "amount"}', ARRAY['consumers are charged the rate of the rule "france", which is for businesses: adopt it again with consumer_rule => ''FR-consumer'''], 'consumers and a law between businesses'),
	('AT-not-culpable', NULL, '{"open_amount": "amount"}', ARRAY['consumers are charged the rate of the rule "AT-not-culpable", which is for businesses: adopt it again with consumer_rule => ''AT-consumer'''], 'by the country'),
	('GB', NULL, '{"open_amount": "amount"}', ARRAY['consumers are charged the rate of the rule "GB", which is for businesses: if they owe another one, name it as consumer_rule'], 'where no rule for consumers is known'),
	('FR-public', NULL, '{"open_amount": "amount"}', ARRAY['consumers are charged the rate of the rule "FR-public", which is for public buyers: adopt it again with consumer_rule => ''FR-consumer'''], 'a public buyer'),
	('plain', NULL, '{"open_amount": "amount"}', ARRAY['consumers are charged the rate of the rule "plain": if they owe another one, name it as consumer_rule'], 'a rule of one''s own'),
	('france', 'FR-consumer', '{"open_amount": "amount"}', NULL, 'none where they have a rule'),
	('FR-consumer', NULL, '{"open_amount": "amount"}', NULL, 'or the rule is theirs'),
	(NULL, NULL, '{"open_amount": "amount"}', NULL, 'or nothing costs anything'),
	('france', NULL, '{"open_amount": "amount", "professional": null}', NULL, 'or nobody says who is one')) AS v (rule, consumer, columns, said, name);
ROLLBACK TO rates;

--
-- The end of interest
--
CREATE FUNCTION pg_temp.federal(due_on date, as_of date, amount numeric DEFAULT 1000) RETURNS numeric LANGUAGE sql AS
	$$ SELECT dunning.late_interest($3, $1, $2, dunning.law_rule('US-federal', rate => 5)) $$;
-- 366 days from 2024-01-02 to 2025-01-01: twelve periods of 30 days and six days
SELECT is(pg_temp.federal('2024-01-01', day), round(1000 * ((1 + 0.05 * 30 / 360) ^ 12 * (1 + 0.05 * 6 / 360) - 1), 2), format('the federal interest of a year by %s', day))
FROM unnest(ARRAY[date '2025-01-01', '2025-01-02', '2026-01-01', '9999-12-31']) AS day;
SELECT is(pg_temp.federal('2024-01-01', '2024-12-31'), round(1000 * ((1 + 0.05 * 30 / 360) ^ 12 * (1 + 0.05 * 5 / 360) - 1), 2), 'up to it, each day counts');
SELECT results_eq($$ SELECT max(to_day), sum(amount), count(*) FILTER (WHERE reason ~ 'interest ends: at most 1 year$') FROM dunning.explain_penalty(1000, '2024-01-01', '2026-01-01', dunning.law_rule('US-federal', rate => 5)) $$,
	$$ VALUES (date '2025-01-01', pg_temp.federal('2024-01-01', '2025-01-01'), 1::bigint) $$, 'explained up to its end');
SELECT results_eq($$ SELECT max(to_day), sum(amount) FROM dunning.explain_penalty('{2023-12-01: 1000, 2025-06-01: -1000, 2025-09-01: 5000}'::dunning.balance_history, '2024-01-01', '2026-01-01', dunning.law_rule('US-federal', rate => 5)) $$,
	$$ VALUES (date '2025-01-01', pg_temp.federal('2024-01-01', '2025-01-01')) $$, 'also of a history, whose later movements bear nothing');
-- 1,000 for 182 days and 600 for 184 at 10 %
SELECT is(dunning.late_interest('{2023-12-01: 1000, 2024-07-01: -400, 2025-06-01: -600}'::dunning.balance_history, '2024-01-01', '2026-01-01', rule), 80.11, rule::text)
FROM unnest(ARRAY['10%; at most 1 year', '10%; at most 12 months', '10%; at most 366 days', '10%; at most 1 year; grace 5', '10%; at most 1 year; grace 400', '10%; at most 1 year; rounded each segment',
	'{2020-01-01: 10} until 2025-01-01; at most 1 year', '{2020-01-01: 10} until 2025-01-01; at most 1 year; rounded each segment']::dunning.penalty_rule[]) AS rule;
SELECT is(dunning.late_interest('{2023-12-01: 1000}'::dunning.balance_history, '2024-01-01', '2025-02-04', '10%; at most 1 year; grace 400'), 0.00, 'within the grace nothing is asked');
SELECT is(pg_temp.try($$SELECT dunning.late_interest('{2023-12-01: 1000}'::dunning.balance_history, '2024-01-01', '2026-01-01', '{2020-01-01: 10} until 2024-12-31; at most 1 year')$$), '22023: no rate for 2025-01-01 | Add the rate of that day to the rule; no rate is ever assumed.', 'each day to the end needs its rate');
SELECT is(dunning.penalty_problem(d, '2030-01-01', '{2020-01-01: 10} until 2024-12-31; at most 1 year'), p, 'and no other: due on ' || d)
FROM (VALUES (date '2023-12-31', NULL), ('2024-01-01', 'no rate for 2025-01-01')) AS v (d, p);
SELECT is(dunning.penalty_problem('{2023-12-01: 1000}'::dunning.balance_history, d, '2030-01-01', '{2020-01-01: 10} until 2024-12-31; at most 1 year'), p, 'of a history, too: due on ' || d)
FROM (VALUES (date '2023-12-31', NULL), ('2024-01-01', 'no rate for 2025-01-01')) AS v (d, p);
-- 100 of interest in the year, of which the payments after it take their part
SELECT results_eq($$ SELECT * FROM dunning.explain_payments('{2022-12-01: 1000, 2024-06-01: -60, 2024-09-01: -1000}'::dunning.balance_history, '2023-01-01', '2024-12-31', '10%; at most 1 year; payments to interest') $$,
	$$ VALUES (date '2024-06-01', 60.00, 0.00, 60.00, 0.00, 0.00, 0.00), ('2024-09-01', 1000.00, 0.00, 40.00, 960.00, 0.00, 0.00) $$, 'payments after the end extinguish what accrued until then');
SELECT is(dunning.late_interest('{2022-12-01: 1000, 2023-06-01: -500}'::dunning.balance_history, '2023-01-01', '2030-12-31', rule), dunning.late_interest('{2022-12-01: 1000, 2023-06-01: -500}'::dunning.balance_history, '2023-01-01', '2024-01-01', rule), rule::text)
FROM unnest(ARRAY['10%; at most 1 year; compounded monthly', '10%; at most 1 year; compounded yearly; payments to costs', '10%; at most 1 year; compounded every 1 days', '10%; at most 365 days; act/act; rounded each day',
	'10%; at most 1 year; 30/360; most 3%', '10%; at most 1 year; fixed at start; least 5; compounded every 365 days']::dunning.penalty_rule[]) AS rule;
SELECT is(dunning.last_day_of_interest(d, r), e, d || ' ' || r)
FROM (VALUES (date '2024-02-29', '5%; at most 1 year'::dunning.penalty_rule, date '2025-02-28'), ('2024-01-31', '5%; at most 1 month', '2024-02-29'), ('2024-01-31', '5%; at most 1 day', '2024-02-01'), ('2024-01-31', '5%; grace 9; at most 2 days', '2024-02-02'), ('2024-01-31', '5%', NULL)) AS v (d, r, e);
SELECT is(pg_temp.try($$SELECT dunning.last_day_of_interest('infinity', '5%; at most 1 day')$$), '22008: no interest for days outside the years 0001 to 9999', 'no end of what is never due');
SELECT is((SELECT count(*) FROM dunning.explain_payments('{2020-01-01: 5, 2020-02-01: -5}'::dunning.balance_history, d, '2020-03-01', '5%; at most 1 year')), 1::bigint, 'paid before it is due: ' || d)
FROM unnest(ARRAY[date 'infinity', '2020-04-01']) AS d;
SELECT is((SELECT count(*) FROM dunning.explain_payments('{2020-01-01: 5, 2020-02-01: -5}'::dunning.balance_history, '-infinity', '-infinity', '5%; at most 1 year')), 0::bigint, 'or never');

-- in a ledger
INSERT INTO dunning.rule (name, jurisdiction, rate) VALUES ('federal', 'US-federal', 5);
CREATE TABLE public.bill (id integer PRIMARY KEY, client text, due_on date, amount numeric);
INSERT INTO public.bill VALUES (1, 'army', '2024-01-01', 1000), (2, 'navy', '2025-12-01', 1000);
SELECT dunning.adopt('public.bill', columns => '{"open_amount": "amount", "currency": "USD"}', rule => 'federal') \g /dev/null
SET LOCAL dunning.today = '2026-01-01';
SELECT is((SELECT late_interest FROM dunning.worklist WHERE item = '1'), pg_temp.federal('2024-01-01', '2025-01-01'), 'the work list ends after a year');
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT results_eq('SELECT item::text COLLATE "C", from_day, to_day, amount FROM dunning.claim ORDER BY 1', $$ VALUES ('1' COLLATE "C", date '2024-01-02', date '2025-01-01', pg_temp.federal('2024-01-01', '2025-01-01')),
	('2', '2025-12-02', '2026-01-01', pg_temp.federal('2025-12-01', '2026-01-01')) $$, 'a claim covers no day after the end');
SET LOCAL dunning.today = '2026-02-01';
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT results_eq('SELECT item::text, from_day, to_day FROM dunning.claim WHERE as_of = ''2026-02-01''', $$ VALUES ('2', date '2026-01-02', date '2026-02-01') $$, 'and nothing comes later');
RESET dunning.today;
ROLLBACK TO rates;

--
-- Decimals of the currency
--
SELECT results_eq('SELECT decimals, count(*) FROM dunning.currency GROUP BY 1 ORDER BY 1', 'VALUES (0, 17::bigint), (2, 144), (3, 7), (4, 2)', 'the currencies of ISO 4217');
SELECT is((SELECT array_agg(decimals ORDER BY n) FROM unnest(ARRAY['EUR', 'JPY', 'KWD', 'TND', 'CLF', 'XAF', 'ISK', 'HUF', 'USD']) WITH ORDINALITY AS c (code, n) JOIN dunning.currency USING (code)), '{2,0,3,3,4,0,0,2,2}', 'some of them');
SELECT is(dunning.with_default_decimals(rule::dunning.penalty_rule, d)::text, wanted, format('%s in %s decimals', rule, d))
FROM (VALUES ('5.00%', 0, '5.00%; decimals 0'), ('5.00%', 2, '5.00%'), ('5.00%', NULL, '5.00%'), ('5.00%', 4, '5.00%; decimals 4'), ('5.00%; decimals 2', 0, '5.00%; decimals 2'), ('5.00%; decimals 3', 2, '5.00%; decimals 3'),
	('5.00%; decimals by currency', 3, '5.00%; decimals 3'), ('s {2026-01-01: 5} until 2026-12-31 by year; grace 3; compensation 1% JPY', 0, 's {2026-01-01: 5.00} until 2026-12-31 by year; decimals 0; grace 3; compensation 1% JPY')) AS v (rule, d, wanted);
SELECT is(dunning.with_default_decimals(NULL, 0), NULL, 'no rule, no decimals');
SELECT is(pg_temp.try(format('SELECT dunning.with_default_decimals(''5%%'', %s)', d)), '22023: a number of decimals must be from 0 to 4', 'a number of ' || d) FROM unnest(ARRAY[-1, 5, 2147483647]) AS d;
CREATE TABLE public.sale (id integer PRIMARY KEY, client text, due_on date, amount numeric, currency text);
INSERT INTO public.sale VALUES (1, 'a', '2026-05-31', 100000, 'JPY'), (2, 'a', '2026-05-31', 1000, 'KWD'), (3, 'a', '2026-05-31', 1000, 'EUR'), (4, 'a', '2026-05-31', 1000, 'ZZZ'), (5, 'a', '2026-05-31', 1000, NULL), (6, 'a', '2026-05-31', 1000, 'jpy');
INSERT INTO dunning.rule (name, rule) VALUES ('any', '14.5%; compensation 0.0555% EUR'), ('cents', '14.5%; decimals 2; compensation 0.0555% EUR'), ('least', '14.5%; least 1191.9');
SELECT dunning.adopt('public.sale', columns => '{"open_amount": "amount", "currency": "currency"}', rule => 'any') \g /dev/null
SET LOCAL dunning.today = '2026-06-30';
-- 100,000 for 30 days 1191.7808, 1,000 11.917808; 0.0555 % of 1,000 euros 0.555, while
-- a percentage of yen is no euros
CREATE TEMP TABLE shown (item text, interest text, compensation text);
INSERT INTO shown VALUES ('1', '1192', '0.00'), ('2', '11.918', '0.00'), ('3', '11.92', '0.56'), ('4', '11.92', '0.00'), ('5', '11.92', '0.56'), ('6', '11.92', '0.00');
SELECT results_eq('SELECT item::text COLLATE "C", late_interest::text, compensation::text FROM dunning.worklist ORDER BY 1', 'SELECT item COLLATE "C", interest, compensation FROM shown ORDER BY 1', 'the work list has the decimals of the currency');
SELECT dunning.run_reminders(dunning.today()) \g /dev/null
SELECT results_eq('SELECT item::text COLLATE "C", late_interest::text, compensation::text FROM dunning.reminder ORDER BY 1', 'SELECT item COLLATE "C", interest, compensation FROM shown ORDER BY 1', 'the reminders have them');
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT results_eq('SELECT item::text COLLATE "C", kind, amount::text FROM dunning.claim ORDER BY 1, 2 DESC', 'SELECT item COLLATE "C", k, CASE k WHEN ''interest'' THEN interest ELSE compensation END FROM shown CROSS JOIN unnest(ARRAY[''interest'', ''compensation'']) AS k WHERE k = ''interest'' OR compensation <> ''0.00'' ORDER BY 1, 2 DESC', 'and so have the claims');
SELECT results_eq('SELECT count(*) FROM dunning.claim_penalties(dunning.today())', 'VALUES (0::bigint)', 'which a second time book nothing');
-- 15 % of 2,500, 10 % of 2,500, 5 % of 5,000, 1 % of the next 190,000 and 0.5 % above it
SELECT is((dunning.assess(v.amount, NULL, '2026-01-31', '2026-06-01', dunning.law_rule(v.code), currency => v.currency)).compensation, v.c, concat_ws(' ', v.code, v.amount, v.currency))
FROM (VALUES ('NL', 100001, 'EUR', 1775.01), ('NL', 100001, NULL, 1775.01), ('NL', 100001, 'JPY', 40.00), ('NL', 100, 'JPY', 40.00),
	('GB', 20000, 'GBP', 100.00), ('GB', 20000, 'EUR', 40.00), ('BE-consumer', 100001, 'EUR', 2000.00), ('BE-consumer', 100001, 'USD', 20.00), ('FR', 100001, 'JPY', 40.00)) AS v (code, amount, currency, c);
SELECT is((dunning.assess(NULL, dunning.movement(100001, '2026-01-01'), '2026-01-31', '2026-06-01', dunning.law_rule('NL'), currency => 'JPY')).compensation, 40.00, 'the least of a scale, of a history, too');
SELECT dunning.adopt('public.sale', rule => 'cents', replace => true) \g /dev/null
SELECT results_eq('SELECT item::text COLLATE "C", late_interest::text FROM dunning.worklist WHERE item IN (''1'', ''2'') ORDER BY 1', $$ VALUES ('1' COLLATE "C", '1191.78'), ('2', '11.92') $$, 'a rule that says its decimals is obeyed');
SELECT dunning.adopt('public.sale', rule => 'least', replace => true) \g /dev/null
SELECT is((SELECT late_interest::text FROM dunning.worklist WHERE item = '1'), '1192', 'the least of a rule is measured at the rounded interest');
INSERT INTO dunning.currency (code, decimals) VALUES ('ZZZ', 1), ('JPY', 2);
SELECT is((SELECT decimals FROM dunning.currency WHERE code = 'JPY'), 0, 'a shipped currency stands');
SELECT dunning.adopt('public.sale', rule => 'any', replace => true) \g /dev/null
SELECT is((SELECT late_interest::text FROM dunning.worklist WHERE item = '4'), '11.9', 'one''s own is taken');
SELECT is(pg_temp.try('UPDATE dunning.currency SET decimals = 2 WHERE code = ''JPY'''), '55000: a row of dunning.currency that came with pg_dunning cannot be changed | Insert a row of your own beside it; the next upgrade would undo the change.', 'nobody changes what was shipped');

SELECT * FROM finish();
ROLLBACK;
