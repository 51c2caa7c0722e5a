-- Late fees by period: published figures, and a model in plain SQL that walks from day to day.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SELECT no_plan();

-- Published figures.
SELECT is((dunning.late_penalty(amount, '2026-01-31', day, ('0%; ' || rule)::dunning.penalty_rule)).late_fee, expected, what)
FROM (VALUES
	-- 5,000 USD at 1.5 % a month, 30 days late: 75 USD (brex.com/spend-trends/cash-flow-management/late-fees-on-invoices; clearreceivables.com/tools/late-fee-calculator)
	(5000, date '2026-03-02', 'fee 1.5% each full 30 days', 75.00, '1.5% of 5,000 for 30 days'),
	(5000, '2026-02-28', 'fee 1.5% each full month', 75.00, 'and for a month'),
	-- 1,000 USD at 2 % a month, 2 months late: 40 USD (errorhandle.ai/how-to-calculate-overdue-fee-s-every-month)
	(1000, '2026-03-31', 'fee 2% each full month', 40.00, '2% of 1,000 for two months'),
	-- 5 % of a rent of 1,000 USD, once, after five days of grace: 50 USD (atxholiday.austintexas.org/tag/fees; the five days: activerain.com/blogsview/2158245)
	(1000, '2026-02-05', 'fee 5% once after 5 days', 0.00, '5% once after five days: not on the fifth'),
	(1000, '2026-02-06', 'fee 5% once after 5 days', 50.00, 'but on the sixth'),
	(1000, '2026-12-31', 'fee 5% once after 5 days', 50.00, 'and once'),
	-- 1 % every 30 days after the due date (github.com/itflow-org/itflow/issues/143)
	(1000, '2026-03-01', 'fee 1% each full 30 days', 0.00, '1% for each 30 days: none after 29'),
	(1000, '2026-05-01', 'fee 1% each full 30 days', 30.00, 'three times after 90'),
	-- 25 USD for each month that 900 are overdue, whatever the amount (docs.oracle.com, Lease Servicing Setup Guide, "Late Fee Methods Definitions", flat amount)
	(900, '2026-02-01', 'fee 25.00 USD each started month', 25.00, '25 USD for each month late: one on the first day'),
	-- 245 USD for each of two partners and each month or part of a month, at most 12: 1,470 USD for three months (trupointaccountingandtax.com,
	-- "The IRS Penalty for a Late-Filed Form 1065"; 26 USC 6698); of five partners at 195 USD 975 for each month (heritageadvisorsllc.com)
	(1000, '2026-04-15', 'fee 490.00 USD each started month at most 12 times', 1470.00, 'an amount for each of three months, of which one has begun'),
	(1000, '2027-01-31', 'fee 490.00 USD each started month at most 12 times', 5880.00, 'twelve months'),
	(1000, '2029-01-31', 'fee 490.00 USD each started month at most 12 times', 5880.00, 'and no more'),
	(1000, '2026-02-02', 'fee 975.00 USD each started month at most 12 times', 975.00, 'a part of a month is a month'),
	-- 15 USD or a multiple for each month begun
	(480, '2026-02-01', 'fee 15.00 USD each started month', 15.00, '15 USD for each month late: one on the first day'),
	(480, '2026-04-30', 'fee 15.00 USD each started month', 45.00, 'three in the third month'),
	-- a fee of the first 30 days and one for each further 15 days or any portion of them: after 60 days one and two (factorking.com, "Late Fee Period")
	(1000, '2026-04-01', 'fee 10.00 USD once; fee 4.00 USD each started 15 days after 30', 18.00, 'each 15 days or any portion of them'),
	-- 5 % at one day, 10 % at 30 days overdue (help.labyrinthinc.com, "What are invoice late fees?")
	(200, '2026-03-01', 'fee 5% once; fee 5% once after 29', 10.00, '5% at 29 days'),
	(200, '2026-03-02', 'fee 5% once; fee 5% once after 29', 20.00, '10% at 30 days'),
	-- 0.03 % a day after three days of grace (docs.varsome.com, "How are my late payment fees calculated"): 10,000 for 10 days
	(10000, '2026-02-13', 'grace 3; fee 0.03% each full day', 30.00, '0.03% a day after three days')) AS v (amount, day, rule, expected, what);
-- compounded: 1.5 % of 1,000.00, of 1,015.00 and of 1,030.23, each rounded
SELECT is((dunning.late_penalty(1000, '2026-01-31', '2026-04-30', '0%; fee 1.5% each full month compounded')).late_fee, 15.00 + 15.23 + 15.45, 'compounded, rounded period by period');

-- The model.
CREATE TYPE pg_temp.fee AS (amount numeric, percent numeric, currency text, unit text, every integer, is_full boolean, after integer, times integer,
	most numeric, most_percent numeric, of_original boolean, compounded boolean, professional boolean);

CREATE FUNCTION pg_temp.rounded(x numeric, decimals integer, even boolean) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	low numeric := trunc(x, decimals);
	twice numeric := 2 * (x - low);
	unit numeric := ('1e-' || decimals)::numeric;
BEGIN
	RETURN round(CASE WHEN twice > unit OR twice = unit AND (NOT even OR mod(div(low, unit), 2) = 1) THEN low + unit ELSE low END, decimals);
END $$;

-- The number of the period of a fee that ends on a day; NULL if none does.
CREATE FUNCTION pg_temp.ends(f pg_temp.fee, anchor date, day date) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN f.unit IS NULL OR day <= anchor THEN NULL
		WHEN f.unit IN ('days', 'weeks') THEN (SELECT n / step FROM (VALUES (day - anchor, f.every * CASE f.unit WHEN 'weeks' THEN 7 ELSE 1 END)) AS v (n, step) WHERE n % step = 0)
		ELSE (SELECT k FROM generate_series(1, 40) AS k WHERE (anchor + k * f.every * ('1 ' || f.unit)::interval)::date = day LIMIT 1) END $$;

CREATE FUNCTION pg_temp.by_hand(days date[], amounts numeric[], due_on date, as_of date, fees pg_temp.fee[], grace integer, decimals integer, even boolean,
	costs_first boolean, compensation numeric, debtor_professional boolean, debt_currency text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	n CONSTANT integer := cardinality(fees);
	gone integer[] := '{}';
	item_day date;
	place integer;
	original numeric;
	principal numeric := 0;
	debt numeric := 0;			-- at the end of the grace
	costs numeric := 0;			-- compensation and fees, unpaid
	all_fees numeric := 0;
	paid_costs numeric := 0;
	base numeric[] := array_fill(NULL::numeric, ARRAY[n]);
	since date[] := array_fill(NULL::date, ARRAY[n]);
	whole boolean[] := array_fill(false, ARRAY[n]);
	sums numeric[] := array_fill(0::numeric, ARRAY[n]);
	named text := debt_currency;
	anchor date;
	today date;
	k integer;
	f pg_temp.fee;
	x numeric;
	y numeric;
	lines jsonb := '[]';
	begins date;
BEGIN
	FOR i IN 1 .. n LOOP
		named := coalesce(named, (fees[i]).currency);
	END LOOP;
	FOR j IN 1 .. cardinality(days) LOOP
		CONTINUE WHEN amounts[j] <= 0 OR days[j] > as_of;
		item_day := coalesce(item_day, days[j]);
		CONTINUE WHEN days[j] = item_day;
		place := (SELECT max(p) FROM generate_subscripts(days, 1) AS p WHERE days[p] <= days[j] AND amounts[p] = -amounts[j] AND p <> ALL (gone));
		IF place IS NOT NULL THEN
			gone := gone || place || j;
		END IF;
	END LOOP;
	IF as_of <= due_on + grace THEN
		RETURN jsonb_build_object('fees', 0, 'lines', lines, 'costs', 0);
	END IF;
	SELECT coalesce(sum(amounts[p]) FILTER (WHERE days[p] <= due_on), 0), coalesce(sum(amounts[p]) FILTER (WHERE days[p] <= due_on + grace), 0)
		INTO principal, debt FROM generate_subscripts(days, 1) AS p WHERE p <> ALL (gone);
	-- what is not gone of the first day that owes anything
	SELECT sum(amounts[p]) INTO original FROM generate_subscripts(days, 1) AS p WHERE p <> ALL (gone) AND amounts[p] > 0 AND days[p] = days[1];
	begins := due_on + 1 + CASE WHEN debt > 0 THEN 0 ELSE grace END;
	IF debt > 0 THEN
		costs := compensation;
	END IF;
	FOR today IN SELECT due_on + g FROM generate_series(1, as_of - due_on) AS g LOOP
		-- periods begin
		FOR i IN 1 .. n LOOP
			f := fees[i];
			anchor := due_on + coalesce(f.after, grace);
			IF principal <= 0 THEN
				whole[i] := false;
			END IF;
			CONTINUE WHEN f.professional AND NOT debtor_professional OR f.currency <> named;
			k := CASE WHEN today = anchor + 1 THEN 0 ELSE pg_temp.ends(f, anchor, today - 1) END;
			IF k IS NOT NULL THEN
				base[i] := NULL;
				since[i] := today;
				IF k < coalesce(f.times, 100000) AND principal > 0 AND today >= begins THEN
					base[i] := CASE WHEN f.of_original THEN original ELSE principal END + CASE WHEN f.compounded THEN least(costs, all_fees) ELSE 0 END;
					whole[i] := true;
				END IF;
			END IF;
		END LOOP;
		-- fees arise
		FOR i IN 1 .. n LOOP
			f := fees[i];
			CONTINUE WHEN base[i] IS NULL OR NOT CASE WHEN f.is_full THEN whole[i] AND pg_temp.ends(f, due_on + coalesce(f.after, grace), today) IS NOT NULL ELSE since[i] = today END;
			x := pg_temp.rounded(coalesce(f.amount, base[i] * f.percent / 100), decimals, even);
			x := least(x, pg_temp.rounded(f.most, decimals, even) - sums[i], pg_temp.rounded(original * f.most_percent / 100, decimals, even) - sums[i]);
			CONTINUE WHEN x <= 0;
			sums[i] := sums[i] + x;
			all_fees := all_fees + x;
			costs := costs + x;
			lines := lines || jsonb_build_object('from', since[i], 'base', trim_scale(base[i]), 'amount', trim_scale(x));
		END LOOP;
		-- movements
		FOR p IN 1 .. cardinality(days) LOOP
			CONTINUE WHEN days[p] <> today OR p = ANY (gone);
			IF amounts[p] > 0 THEN
				principal := principal + amounts[p];
			ELSE
				y := CASE WHEN costs_first AND today > due_on + grace THEN least(costs, -amounts[p]) ELSE 0 END;
				costs := costs - y;
				paid_costs := paid_costs + y;
				principal := principal + amounts[p] + y;
			END IF;
		END LOOP;
	END LOOP;
	RETURN jsonb_build_object('fees', trim_scale(all_fees), 'lines', lines, 'costs', trim_scale(paid_costs));
END $$;

CREATE FUNCTION pg_temp.fee_text(f pg_temp.fee) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT 'fee ' || coalesce(f.amount || ' ' || f.currency, f.percent || '%' || CASE WHEN f.of_original THEN ' of the original amount' ELSE '' END)
		|| coalesce(CASE WHEN f.is_full THEN ' each full ' ELSE ' each started ' END || f.every || ' ' || f.unit, ' once')
		|| coalesce(' after ' || f.after || ' days', '') || CASE WHEN f.compounded THEN ' compounded' ELSE '' END || coalesce(' at most ' || f.times || ' times', '')
		|| coalesce(', at most ' || f.most || ' ' || f.currency, ', at most ' || f.most_percent || '%', '') || CASE WHEN f.professional THEN ' if professional' ELSE '' END $$;
CREATE FUNCTION pg_temp.pick(VARIADIC choices anyarray) RETURNS anyelement LANGUAGE sql VOLATILE AS
	$$ SELECT choices[1 + floor(random() * cardinality(choices))::integer] $$;
CREATE FUNCTION pg_temp.upto(n integer) RETURNS integer LANGUAGE sql VOLATILE AS $$ SELECT floor(random() * (n + 1))::integer $$;

CREATE TEMP TABLE trial (id integer PRIMARY KEY, history text, due_on date, as_of date, rule text, professional boolean, currency text, compensation numeric, returns boolean, expected jsonb, got jsonb);
CREATE FUNCTION pg_temp.make_trial(n integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	due_on date := date '2023-06-01' + pg_temp.upto(700);
	reach integer := pg_temp.pick(1, 31, 60, pg_temp.upto(200), pg_temp.upto(500));
	grace integer := pg_temp.pick(0, 0, 5, pg_temp.upto(40));
	decimals integer := pg_temp.pick(2, 2, 2, 0, 3);
	even boolean := random() < 0.3;
	costs_first boolean := random() < 0.3;
	compensation numeric := pg_temp.pick(0.0, 0.0, 40.0);
	professional boolean := random() < 0.7;
	currency text := pg_temp.pick(NULL, NULL, 'EUR', 'USD', 'CHF'::text);
	returns boolean := random() < 0.4;
	days date[];
	amounts numeric[];
	fees pg_temp.fee[] := '{}';
	f pg_temp.fee;
	open_now numeric;
	x numeric;
	as_of date;
BEGIN
	IF random() < 0.3 THEN
		due_on := pg_temp.pick(date '2024-01-31', '2024-02-29', '2023-12-31', '2024-08-30', '2025-01-30');
	END IF;
	as_of := due_on + reach;
	days := ARRAY[due_on - pg_temp.pick(30, 14, 0)];
	amounts := ARRAY[round((100 + random() * 9000)::numeric, 2)];
	open_now := amounts[1];
	FOR i IN 1 .. pg_temp.upto(5) LOOP
		x := CASE WHEN returns AND random() < 0.4 THEN (SELECT -a FROM unnest(amounts) AS a WHERE a < 0 ORDER BY random() LIMIT 1)
			WHEN open_now = 0 OR random() < 0.1 THEN 77.01 + n % 50
			WHEN random() < 0.3 THEN -open_now
			ELSE -round(open_now * (0.05 + random() * 0.8)::numeric, 2) END;
		CONTINUE WHEN x IS NULL OR x = 0;
		days := days || (greatest(days[cardinality(days)] + pg_temp.pick(0, 1, pg_temp.upto(60)), due_on - 10));
		amounts := amounts || x;
		open_now := open_now + x;
	END LOOP;
	SELECT array_agg(m ORDER BY m, a DESC), array_agg(a ORDER BY m, a DESC) INTO days, amounts FROM unnest(days, amounts) AS s (m, a);
	FOR i IN 1 .. 1 + pg_temp.upto(2) LOOP
		f := NULL;
		IF random() < 0.5 THEN
			f.amount := pg_temp.pick(15.00, 7.50, 0.99, 3.0125);
			f.currency := pg_temp.pick('EUR', 'USD'::text);
		ELSE
			f.percent := pg_temp.pick(1.0, 1.5, 0.333333, 5.0, 12.5);
			f.of_original := random() < 0.3;
		END IF;
		f.unit := pg_temp.pick('days', 'weeks', 'months', 'months', 'years', NULL::text);
		IF f.unit IS NOT NULL THEN
			f.every := CASE f.unit WHEN 'days' THEN pg_temp.pick(1, 7, 30, 45) WHEN 'years' THEN 1 ELSE pg_temp.pick(1, 1, 2, 3) END;
			f.is_full := random() < 0.5;
			f.compounded := f.percent IS NOT NULL AND random() < 0.4;
			f.times := pg_temp.pick(NULL, NULL, 1, 3, 12);
		END IF;
		f.after := pg_temp.pick(NULL, NULL, 0, 5, 30, pg_temp.upto(50));
		IF random() < 0.4 THEN
			IF f.currency IS NULL THEN f.currency := pg_temp.pick(NULL, 'EUR'::text); END IF;
			IF f.currency IS NULL OR random() < 0.4 THEN f.most_percent := pg_temp.pick(10.0, 2.5); ELSE f.most := pg_temp.pick(20.00, 31.25, 16.4999); END IF;
			IF f.percent IS NOT NULL AND f.most IS NULL THEN f.currency := NULL; END IF;
		END IF;
		f.professional := random() < 0.2;
		fees := fees || f;
	END LOOP;
	INSERT INTO trial VALUES (n, (SELECT '{' || string_agg(format('%s: %s', d, a), ', ' ORDER BY random()) || '}' FROM unnest(days, amounts) AS m (d, a)), due_on, as_of,
		(SELECT concat_ws('; ', '0%', 'grace ' || grace, CASE WHEN even THEN 'half even' END, 'decimals ' || decimals, CASE WHEN costs_first THEN 'payments to costs' END,
			'compensation ' || nullif(compensation, 0) || ' EUR', string_agg(pg_temp.fee_text(u), '; ' ORDER BY o)) FROM unnest(fees) WITH ORDINALITY AS u
			(amount, percent, currency, unit, every, is_full, after, times, most, most_percent, of_original, compounded, professional, o)
			CROSS JOIN LATERAL (SELECT ROW(amount, percent, u.currency, unit, every, is_full, after, times, most, most_percent, of_original, compounded, u.professional)::pg_temp.fee AS u) AS x),
		professional, currency, compensation, returns,
		pg_temp.by_hand(days, amounts, due_on, as_of, fees, grace, decimals, even, costs_first, compensation, professional, currency));
END $$;
SELECT setseed(0.161803);
DO $$ BEGIN FOR n IN 1 .. 800 LOOP PERFORM pg_temp.make_trial(n); END LOOP; END $$;

CREATE FUNCTION pg_temp.ask(t trial) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	h dunning.balance_history := t.history;
	r dunning.penalty_rule := t.rule;
	p dunning.penalty;
	a dunning.assessment;
BEGIN
	a := dunning.assess(NULL, h, t.due_on, t.as_of, r, t.professional, currency => t.currency);
	IF t.currency IS NOT NULL THEN
		r := dunning.with_currency(r, t.currency);
	END IF;
	p := dunning.late_penalty(h, t.due_on, t.as_of, r, t.professional);
	RETURN jsonb_build_object('fees', trim_scale(p.late_fee), 'assessed', trim_scale(a.late_fee), 'total', p.total - p.compensation - p.interest - p.late_fee,
		'explained', (SELECT coalesce(sum(e.amount), 0) - p.total FROM dunning.explain_penalty(h, t.due_on, t.as_of, r, t.professional) AS e),
		'lines', (SELECT coalesce(jsonb_agg(jsonb_build_object('from', e.from_day, 'base', trim_scale(e.principal), 'amount', trim_scale(e.amount)) ORDER BY e.segment), '[]')
			FROM dunning.explain_penalty(h, t.due_on, t.as_of, r, t.professional) AS e WHERE e.kind = 'late_fee'),
		'costs', (SELECT trim_scale(coalesce(sum(o.costs), 0)) FROM dunning.explain_payments(h, t.due_on, t.as_of, r, t.professional) AS o),
		-- interest neither changes the fees nor needs to be known where payments go to the principal
		'with_interest', CASE WHEN t.rule !~ 'payments' THEN (SELECT trim_scale((dunning.assess(NULL, h, t.due_on, t.as_of,
			dunning.with_rates(r, '{2000-01-01: 9.9} until 2000-12-31'), t.professional)).late_fee)) ELSE trim_scale(p.late_fee) END);
EXCEPTION WHEN OTHERS THEN
	RETURN jsonb_build_object('error', SQLSTATE || ' ' || SQLERRM);
END $$;
UPDATE trial AS t SET got = pg_temp.ask(t);
SELECT is_empty(format('SELECT history, due_on, as_of, rule, professional, currency, expected -> %1$L AS expected, coalesce(got -> %1$L, got) AS got FROM trial
	WHERE got -> %1$L IS DISTINCT FROM expected -> %1$L ORDER BY length(rule) + length(history) LIMIT 4', part), what)
FROM (VALUES ('fees', 'the late fees, day by day'), ('lines', 'each with its period, base and amount'), ('costs', 'and what payments extinguish of them')) AS v (part, what);
SELECT is_empty($$ SELECT history, due_on, as_of, rule, got FROM trial WHERE (got ->> 'total')::numeric <> 0 OR (got ->> 'explained')::numeric <> 0
	OR got -> 'assessed' IS DISTINCT FROM got -> 'fees' OR got -> 'with_interest' IS DISTINCT FROM got -> 'fees' LIMIT 4 $$,
	'they are a part of the total, are explained, assessed alike, and need no rate');
SELECT cmp_ok(count(*) FILTER (WHERE (expected ->> 'fees')::numeric > 0), '>', 400::bigint, 'most lives have fees') FROM trial;
SELECT cmp_ok(count(*) FILTER (WHERE (expected ->> 'costs')::numeric > 40), '>', 20::bigint, 'which some pay') FROM trial;
SELECT cmp_ok(count(*) FILTER (WHERE jsonb_array_length(expected -> 'lines') > 10), '>', 20::bigint, 'of many periods') FROM trial;

-- a fee that has arisen stays, unless a payment comes back
SELECT is_empty($$ SELECT t.history, t.rule, d FROM trial AS t CROSS JOIN generate_series(0, 8) AS s
	CROSS JOIN LATERAL (SELECT t.due_on + (t.as_of - t.due_on) * s / 8 AS d, t.due_on + (t.as_of - t.due_on) * (s + 1) / 8 AS later) AS v
	WHERE t.id % 4 = 0 AND dunning.standing_history(t.history::dunning.balance_history, '9999-12-31') = t.history::dunning.balance_history
		AND (dunning.late_penalty(t.history::dunning.balance_history, t.due_on, d, t.rule::dunning.penalty_rule)).late_fee
			> (dunning.late_penalty(t.history::dunning.balance_history, t.due_on, later, t.rule::dunning.penalty_rule)).late_fee $$, 'fees never become less as days go by');
-- the 100 bounced: of March and April the fee is one of 1,000
SELECT is((dunning.late_penalty('{2026-01-01: 1000, 2026-02-20: -900, 2026-04-15: 900}'::dunning.balance_history, '2026-01-31', day, '0%; fee 1% each started month')).late_fee, expected, what)
FROM (VALUES (date '2026-04-14', 12.00, 'a payment counts until it comes back'), ('2026-04-15', 30.00, 'then it never was')) AS v (day, expected, what);
-- paid on the last day of a period
SELECT is((dunning.late_penalty(('{2026-01-01: 1000, ' || paid || ': -1000}')::dunning.balance_history, '2026-01-31', '2026-12-31', ('0%; fee 1% each ' || what)::dunning.penalty_rule)).late_fee, expected, what || ', paid on ' || paid)
FROM (VALUES ('2026-02-28', 'started month', 10.00), ('2026-03-01', 'started month', 20.00), ('2026-02-27', 'full month', 0.00), ('2026-02-28', 'full month', 10.00), ('2026-01-31', 'started month', 0.00)) AS v (paid, what, expected);

-- The value: its text, its binary form, its order.
CREATE TEMP TABLE stored AS SELECT id, rule::dunning.penalty_rule AS r, rule FROM trial;
SELECT is_empty($$ SELECT rule FROM stored WHERE r::text::dunning.penalty_rule <> r OR r::text::dunning.penalty_rule::text <> r::text $$, 'the text of a rule reads back as the same');
SELECT is_empty($$ SELECT rule FROM stored WHERE dunning.with_clauses(r, '') <> r OR dunning.with_rates(r, '{2000-01-01: 1}')::text !~ 'fee ' $$, 'a rule made of another keeps its fees');
SELECT is((SELECT count(DISTINCT r) FROM stored), (SELECT count(DISTINCT r::text) FROM stored), 'rules are hashed and sorted as their texts tell them apart');

-- No shipped law has one.
SELECT is_empty($$ SELECT j.code FROM dunning.jurisdiction AS j
	WHERE (dunning.penalty_clauses(dunning.law_rule(j.code, on_day => j.valid_from, rate => CASE j.agreed WHEN 'required' THEN 10 END))).late_fees IS NOT NULL $$, 'no shipped jurisdiction has a late fee');

SELECT * FROM finish();
