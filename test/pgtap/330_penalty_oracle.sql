-- Late penalties beside a slow computation in plain SQL: day by day, each day's
-- interest on the balance at the end of the day before, at the rate and the
-- weight of that day, summed as an exact fraction.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SELECT no_plan();
CREATE TEMP TABLE clock AS SELECT clock_timestamp() AS begun;

-- A fraction rounded to so many decimals, half away from zero or half to even.
CREATE FUNCTION pg_temp.rounded(num numeric, den numeric, decimals integer, even boolean) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	x numeric := abs(num) * ('1e' || decimals)::numeric;
	q numeric := div(x, den);
	twice numeric := 2 * (x - q * den);
BEGIN
	IF twice > den OR (twice = den AND (NOT even OR mod(q, 2) = 1)) THEN
		q := q + 1;
	END IF;
	RETURN round(sign(num) * q * ('1e-' || decimals)::numeric, decimals);
END $$;

-- 30/360 (European): the number of a day, whose steps are the days' weights.
CREATE FUNCTION pg_temp.point(d date) RETURNS integer LANGUAGE sql IMMUTABLE AS
	$$ SELECT (360 * extract(year FROM d) + 30 * extract(month FROM d) + least(extract(day FROM d), 30))::integer $$;

CREATE FUNCTION pg_temp.leap(d date) RETURNS boolean LANGUAGE sql IMMUTABLE AS
	$$ SELECT make_date(extract(year FROM d)::integer, 3, 1) - make_date(extract(year FROM d)::integer, 2, 1) = 29 $$;

CREATE TYPE pg_temp.band AS (amount numeric, percent numeric, up_to numeric, inclusive boolean);
CREATE TYPE pg_temp.clauses AS (
	from_days date[], rates numeric[],	-- one rate without a day: constant
	fixed boolean, day_count text, compounded text, rounding text, even boolean, decimals integer, grace integer,
	least numeric, most numeric, most_percent numeric, payments text,
	bands pg_temp.band[], at_least numeric, at_most numeric, if_professional boolean);

-- The compensation of a debt by its bands.
CREATE FUNCTION pg_temp.scale_sum(debt numeric, c pg_temp.clauses) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	b pg_temp.band;
	lower numeric := 0;
	below numeric := 0;	-- the total of the bands below
	x numeric;
BEGIN
	FOREACH b IN ARRAY c.bands LOOP
		IF b.up_to IS NULL OR debt < b.up_to OR (b.inclusive AND debt = b.up_to) THEN
			x := coalesce(b.amount, below) + coalesce(b.percent, 0) / 100 * (debt - lower);
			IF b.percent IS NOT NULL OR b.amount IS NULL THEN
				x := pg_temp.rounded(x, 1, c.decimals, c.even);
			END IF;
			EXIT;
		END IF;
		below := coalesce(b.amount, below) + coalesce(b.percent, 0) / 100 * (b.up_to - lower);
		lower := b.up_to;
	END LOOP;
	RETURN least(greatest(x, c.at_least), c.at_most);
END $$;

-- What is charged of interest: nothing below the least, not above the most; of a
-- debt that was nothing when it became late no percentage is the most.
CREATE FUNCTION pg_temp.charged(interest numeric, debt numeric, c pg_temp.clauses) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN CASE WHEN abs(interest) < c.least THEN 0
		ELSE least(interest, pg_temp.rounded(c.most, 1, c.decimals, c.even), CASE WHEN debt > 0 THEN pg_temp.rounded(c.most_percent * debt, 100, c.decimals, c.even) END) END;
END $$;

-- The interest that can be paid: what has accrued, rounded, and never more than
-- is charged by that day.
CREATE FUNCTION pg_temp.payable(unpaid numeric, earned numeric, over numeric, paid numeric, debt numeric, c pg_temp.clauses)
RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	payable numeric := pg_temp.rounded(unpaid, over, c.decimals, c.even);
	x numeric := pg_temp.rounded(earned, over, c.decimals, c.even);
BEGIN
	IF pg_temp.charged(x, debt, c) <> x THEN
		payable := least(payable, pg_temp.charged(x, debt, c) - paid);
	END IF;
	RETURN greatest(payable, 0);
END $$;

-- Everything about a debt on a day.  Movements stand in the order of their
-- days, on one day the larger first.  What came back by as_of is left out, then
-- every cent that is paid goes to one thing.  Interest is kept as numerators: what was
-- added to the base over q, what accrues over q * d, where d is the day count's
-- divisor in percent and q its power by the number of capitalisations.
CREATE FUNCTION pg_temp.by_hand(days date[], amounts numeric[], due_on date, as_of date, c pg_temp.clauses, professional boolean)
RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	principal numeric := 0;
	credit numeric := 0;		-- paid beyond what was owed
	added numeric := 0;			-- unpaid interest that bears interest, over q
	accrued numeric := 0;		-- unpaid interest since, over q * d
	earned numeric := 0;		-- all interest, paid or not, over q * d
	open_segment numeric := 0;	-- interest of the segment, over q * d
	unrounded numeric := 0;
	q numeric := 1;
	d numeric := 100 * CASE c.day_count WHEN 'act/365' THEN 365 WHEN 'act/act' THEN 365 * 366 ELSE 360 END;
	first_day date := due_on + 1;
	begins date;				-- first day that bears interest
	next_anniversary date;
	k integer := 1;				-- of the next anniversary
	today date := due_on;
	segment_from date;
	rate numeric;
	weight integer;
	at integer := 0;
	i integer := 1;
	debt numeric;				-- at the end of the day due_on + grace
	late boolean := false;
	closing boolean;
	costs numeric;				-- compensation not yet paid, NULL while none is owed
	interest_paid numeric := 0;
	pay numeric;
	part numeric;
	from_base numeric;
	target text;
	-- of the movements: which of them came back or bring back, what payments went to
	gone integer[] := '{}';
	item_day date;
	standing_days date[];
	standing_amounts numeric[];
	places integer[];
	place integer;
	n integer;
	balance numeric := 0;
	refund boolean;
	bears boolean := false;
	to_costs numeric[] := array_fill(0::numeric, ARRAY[cardinality(days)]);
	to_interest numeric[] := to_costs;
	to_principal numeric[] := to_costs;
	to_nothing numeric[] := to_costs;
	sent_back numeric[] := to_costs;
	seen text[] := '{}';
	needed date;				-- the last day whose rate is needed
	segments jsonb := '[]';
	interest numeric;
	compensation numeric := 0;
	x numeric;
BEGIN
	-- a later increase brings back the latest payment of its amount that is still there
	FOR j IN 1 .. cardinality(days) LOOP
		CONTINUE WHEN amounts[j] <= 0 OR days[j] > as_of;
		item_day := coalesce(item_day, days[j]);
		CONTINUE WHEN days[j] = item_day;
		place := (SELECT max(p) FROM generate_subscripts(days, 1) AS p WHERE days[p] <= days[j] AND amounts[p] = -amounts[j] AND p <> ALL (gone));
		IF place IS NOT NULL THEN
			gone := gone || place || j;
			sent_back[place] := amounts[j];
			seen := seen || CASE WHEN days[place] <= due_on THEN 'returned, paid in time' ELSE 'returned' END;
		END IF;
	END LOOP;
	SELECT coalesce(array_agg(days[p] ORDER BY p), '{}'), coalesce(array_agg(amounts[p] ORDER BY p), '{}'), coalesce(array_agg(p ORDER BY p), '{}')
		INTO standing_days, standing_amounts, places FROM generate_subscripts(days, 1) AS p WHERE p <> ALL (gone);
	item_day := (SELECT min(m) FROM unnest(standing_days, standing_amounts) AS s (m, a) WHERE a > 0);

	-- is it late by then: is anything owed on a day after the grace?
	SELECT coalesce(sum(a), 0) INTO debt FROM unnest(standing_days, standing_amounts) AS m (m, a) WHERE m <= due_on + c.grace;
	late := as_of > due_on + c.grace AND (debt > 0 OR EXISTS (
		SELECT FROM (SELECT m, sum(a) OVER (ORDER BY m) AS b FROM unnest(standing_days, standing_amounts) AS m (m, a)) AS s
		WHERE m > due_on + c.grace AND m < as_of AND b > 0));
	-- what was settled within the grace was not late: then only what is added later is
	begins := CASE WHEN debt > 0 THEN first_day ELSE first_day + c.grace END;
	IF as_of > due_on + c.grace AND debt > 0 AND (professional OR NOT coalesce(c.if_professional, false)) AND c.bands IS NOT NULL THEN
		compensation := pg_temp.scale_sum(debt, c);
	END IF;
	IF c.compounded = 'yearly' THEN next_anniversary := (first_day + interval '1 year')::date;
	ELSIF c.compounded = 'monthly' THEN next_anniversary := (first_day + interval '1 month')::date;
	ELSIF c.compounded IS NOT NULL THEN next_anniversary := first_day + c.compounded::integer;
	END IF;

	-- today begins as the due date, whose end takes in all movements so far
	LOOP
		IF today > due_on AND late THEN
			IF today = next_anniversary THEN
				added := added * d + accrued;
				accrued := 0;
				earned := earned * d;
				q := q * d;
				k := k + 1;
				next_anniversary := CASE c.compounded WHEN 'yearly' THEN (first_day + k * interval '1 year')::date
					WHEN 'monthly' THEN (first_day + k * interval '1 month')::date ELSE next_anniversary + c.compounded::integer END;
			END IF;
			IF c.from_days IS NULL THEN
				rate := c.rates[1];
			ELSIF NOT (c.fixed AND today > first_day) THEN
				WHILE at < cardinality(c.from_days) AND c.from_days[at + 1] <= today LOOP
					at := at + 1;
				END LOOP;
				rate := c.rates[at];
			END IF;
			weight := CASE c.day_count WHEN 'act/act' THEN CASE WHEN pg_temp.leap(today) THEN 365 ELSE 366 END
				WHEN '30/360' THEN pg_temp.point(today) - pg_temp.point(today - 1) ELSE 1 END;
			IF segment_from IS NULL THEN
				segment_from := today;
				open_segment := 0;
				unrounded := 0;
				-- added interest that is owed bears interest without a principal, too, if it is worth a unit
				bears := principal > 0 OR credit = 0 AND pg_temp.rounded(added, q, c.decimals, c.even) > 0
					AND pg_temp.payable(added * d + accrued, earned, q * d, interest_paid, debt, c) > 0;
			END IF;
			x := CASE WHEN bears AND today >= begins THEN greatest(principal * q + added, 0) * rate * weight ELSE 0 END;
			IF bears AND today >= begins AND principal * q + added > 0 THEN
				needed := today;
			END IF;
			IF x <> 0 AND principal = 0 THEN
				seen := seen || 'interest alone'::text;
			END IF;
			unrounded := unrounded + x;
			IF c.rounding = 'day' THEN
				x := pg_temp.rounded(x, q * d, c.decimals, c.even) * q * d;
			END IF;
			open_segment := open_segment + x;
			-- the segment ends with the period, before another rate or weight, on a day of
			-- movements, before an addition
			closing := today >= as_of OR today = ANY (standing_days) OR today + 1 = next_anniversary
				OR (c.from_days IS NOT NULL AND NOT c.fixed AND at < cardinality(c.from_days) AND c.from_days[at + 1] = today + 1
					AND c.rates[at + 1] <> rate)
				OR (c.day_count = 'act/act' AND pg_temp.leap(today) <> pg_temp.leap(today + 1));
			IF closing THEN
				IF c.rounding = 'segment' THEN
					open_segment := pg_temp.rounded(open_segment, q * d, c.decimals, c.even) * q * d;
				END IF;
				IF unrounded <> 0 THEN
					segments := segments || jsonb_build_object('from', segment_from, 'to', today, 'rate', rate,
						'interest', pg_temp.rounded(unrounded, q * d, 10, c.even));
				END IF;
				accrued := accrued + open_segment;
				earned := earned + open_segment;
				segment_from := NULL;
			END IF;
		END IF;

		-- the movements of the day, on the due date those before it, too
		WHILE i <= cardinality(standing_days) AND standing_days[i] <= today LOOP
			place := places[i];
			balance := balance + standing_amounts[i];
			pay := abs(standing_amounts[i]);
			IF standing_amounts[i] >= 0 THEN
				-- the credit of the oldest payment first; an increase that leaves nothing to pay gives back
				refund := balance <= 0 AND standing_days[i] > item_day;
				n := 1;
				WHILE credit > 0 AND pay > 0 LOOP
					part := least(to_nothing[n], pay);
					to_nothing[n] := to_nothing[n] - part;
					IF refund THEN
						sent_back[n] := sent_back[n] + part;
					ELSE
						to_principal[n] := to_principal[n] + part;
						IF part > 0 AND late AND standing_days[i] > due_on THEN seen := seen || 'credit used'::text; END IF;
					END IF;
					credit := credit - part;
					pay := pay - part;
					n := n + 1;
				END LOOP;
				-- a refund beyond the credit makes costs and interest unpaid again, of the latest payment first
				n := cardinality(days);
				WHILE refund AND pay > 0 AND c.payments <> 'costs' AND n > 0 LOOP
					part := least(to_costs[n], pay);
					to_costs[n] := to_costs[n] - part;
					sent_back[n] := sent_back[n] + part;
					costs := costs + part;
					pay := pay - part;
					n := n - 1;
				END LOOP;
				n := cardinality(days);
				WHILE refund AND pay > 0 AND c.payments = 'principal' AND n > 0 LOOP
					part := least(to_interest[n], pay);
					to_interest[n] := to_interest[n] - part;
					sent_back[n] := sent_back[n] + part;
					interest_paid := interest_paid - part;
					accrued := accrued + part * q * d;
					pay := pay - part;
					n := n - 1;
					IF part > 0 THEN seen := seen || 'refund of interest'::text; END IF;
				END LOOP;
				principal := principal + pay;
			ELSE
				IF standing_days[i] > due_on + c.grace AND costs IS NULL THEN
					costs := compensation;
				END IF;
				FOREACH target IN ARRAY CASE WHEN NOT late OR standing_days[i] < begins THEN ARRAY['principal']
					WHEN c.payments = 'interest' THEN ARRAY['interest', 'principal', 'costs']
					WHEN c.payments = 'costs' THEN ARRAY['costs', 'interest', 'principal']
					ELSE ARRAY['principal', 'interest', 'costs'] END
				LOOP
					IF target = 'principal' THEN
						part := least(pay, principal);
						principal := principal - part;
						to_principal[place] := part;
					ELSIF target = 'costs' THEN
						part := least(pay, coalesce(costs, 0));
						costs := costs - part;
						to_costs[place] := part;
					ELSE
						part := least(pay, pg_temp.payable(added * d + accrued, earned, q * d, interest_paid, debt, c));
						interest_paid := interest_paid + part;
						from_base := least(part * q, greatest(added, 0));
						added := added - from_base;
						accrued := accrued - (part * q - from_base) * d;
						to_interest[place] := part;
					END IF;
					pay := pay - part;
				END LOOP;
				credit := credit + pay;
				to_nothing[place] := pay;
			END IF;
			i := i + 1;
		END LOOP;
		today := today + 1;
		EXIT WHEN today > as_of;
	END LOOP;

	-- on a day before the due date there is nothing but the payments
	interest := pg_temp.charged(pg_temp.rounded(earned, q * d, c.decimals, c.even), debt, c);
	RETURN jsonb_build_object('interest', interest, 'compensation', compensation, 'total', interest + compensation,
		'explained', interest + compensation, 'segments', segments, 'seen', to_jsonb(seen), 'needed', needed,
		'paid', (SELECT coalesce(jsonb_agg(jsonb_build_object('on', days[p], 'amount', -amounts[p], 'costs', to_costs[p], 'interest', to_interest[p],
				'principal', to_principal[p], 'unassigned', to_nothing[p], 'returned', sent_back[p]) ORDER BY p), '[]')
			FROM generate_subscripts(days, 1) AS p WHERE amounts[p] < 0 AND days[p] <= as_of));
END $$;

-- The rule as text, its clauses in an order by chance.
CREATE FUNCTION pg_temp.rule_text(c pg_temp.clauses) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	said text[] := '{}';
	scale text := '';
	b pg_temp.band;
BEGIN
	IF c.fixed THEN said := said || 'fixed at start'::text; END IF;
	IF c.day_count <> 'act/365' THEN said := said || c.day_count; END IF;
	IF c.compounded ~ '^\d' THEN said := said || format('compounded every %s days', c.compounded);
	ELSIF c.compounded IS NOT NULL THEN said := said || format('compounded %s', c.compounded); END IF;
	IF c.rounding <> 'end' THEN said := said || format('rounded each %s', c.rounding); END IF;
	IF c.even THEN said := said || 'half even'::text; END IF;
	IF c.decimals <> 2 THEN said := said || format('decimals %s', c.decimals); END IF;
	IF c.grace <> 0 THEN said := said || format('grace %s days', c.grace); END IF;
	IF c.least IS NOT NULL THEN said := said || format('least %s', c.least); END IF;
	IF c.most IS NOT NULL THEN said := said || format('most %s', c.most); END IF;
	IF c.most_percent IS NOT NULL THEN said := said || format('most %s%%', c.most_percent); END IF;
	IF c.payments <> 'principal' THEN said := said || format('payments to %s', c.payments); END IF;
	IF c.bands IS NOT NULL THEN
		FOREACH b IN ARRAY c.bands LOOP
			scale := scale || CASE WHEN scale <> '' THEN ', ' ELSE '' END
				|| concat_ws(' + ', b.amount, b.percent || '%') || coalesce(CASE WHEN b.inclusive THEN ' to ' ELSE ' below ' END || b.up_to, '');
		END LOOP;
		said := said || ('compensation ' || scale || ' EUR' || coalesce(' at least ' || c.at_least, '') || coalesce(' at most ' || c.at_most, '')
			|| CASE WHEN c.if_professional THEN ' if professional' ELSE '' END);
	END IF;
	RETURN concat_ws('; ', CASE WHEN c.from_days IS NULL THEN c.rates[1] || '%'
			ELSE 'base {' || (SELECT string_agg(format('%s: %s', day, rate), ', ' ORDER BY day) FROM unnest(c.from_days, c.rates) AS r (day, rate)) || '}' END,
		(SELECT string_agg(s, '; ' ORDER BY random()) FROM unnest(said) AS s));
END $$;

CREATE FUNCTION pg_temp.history_text(days date[], amounts numeric[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT '{' || coalesce(string_agg(format('%s: %s', d, a), ', ' ORDER BY random()), '') || '}' FROM unnest(days, amounts) AS m (d, a) $$;

-- Trials.
CREATE FUNCTION pg_temp.pick(VARIADIC choices numeric[]) RETURNS numeric LANGUAGE sql VOLATILE AS
	$$ SELECT choices[1 + floor(random() * cardinality(choices))::integer] $$;
CREATE FUNCTION pg_temp.pick_text(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS
	$$ SELECT choices[1 + floor(random() * cardinality(choices))::integer] $$;
CREATE FUNCTION pg_temp.pick_date(VARIADIC choices date[]) RETURNS date LANGUAGE sql VOLATILE AS
	$$ SELECT choices[1 + floor(random() * cardinality(choices))::integer] $$;
CREATE FUNCTION pg_temp.pick_days(VARIADIC choices integer[]) RETURNS integer LANGUAGE sql VOLATILE AS
	$$ SELECT choices[1 + floor(random() * cardinality(choices))::integer] $$;
CREATE FUNCTION pg_temp.upto(n numeric) RETURNS integer LANGUAGE sql VOLATILE AS $$ SELECT floor(random() * (n + 1))::integer $$;

CREATE TEMP TABLE trial (
	id integer PRIMARY KEY, family text NOT NULL, history text NOT NULL, due_on date NOT NULL, as_of date NOT NULL, rule text NOT NULL, professional boolean NOT NULL,
	days date[], amounts numeric[], c pg_temp.clauses, expected jsonb, got jsonb);

CREATE FUNCTION pg_temp.make_trial(n integer, kind text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	due_on date; as_of date; day date; amount numeric; scale integer; reach integer; left_over numeric;
	days date[]; amounts numeric[];
	c pg_temp.clauses;
	professional boolean := true;
	mixed boolean := kind = 'everything at once';
	-- payments in full while interest is open, payments too high before a later debit, payments that come back
	full_pay boolean := kind IN ('paid in full while added interest is open', 'paid in full, too high and returned');
	too_high boolean := kind IN ('too high before a later debit', 'paid in full, too high and returned');
	returns boolean := kind IN ('returned', 'paid in full, too high and returned');
	course boolean := full_pay OR too_high OR returns;
BEGIN
	c.fixed := mixed AND random() < 0.3 OR kind = 'fixed at start';
	c.day_count := CASE WHEN mixed OR kind IN ('compounded', 'part payments') THEN pg_temp.pick_text('act/365', 'act/act', 'act/360', '30/360')
		WHEN kind IN ('act/act', 'act/360', '30/360') THEN kind ELSE 'act/365' END;
	c.compounded := CASE WHEN (mixed OR kind LIKE '%taken back%') AND random() < 0.4 OR kind IN ('compounded', 'compounded and paid in part')
		THEN pg_temp.pick_text('yearly', 'monthly', '1', '7', '30', '90', '365', '366') END;
	IF full_pay OR course AND random() < 0.5 THEN
		c.compounded := pg_temp.pick_text('yearly', 'yearly', 'monthly', '30', '90', '365');
	END IF;
	c.rounding := CASE WHEN mixed OR course AND random() < 0.3 THEN pg_temp.pick_text('end', 'end', 'segment', 'day') WHEN kind = 'rounded each segment' THEN 'segment'
		WHEN kind = 'rounded each day' THEN 'day' ELSE 'end' END;
	IF c.rounding = 'day' AND c.day_count = '30/360' THEN c.rounding := 'segment'; END IF;
	c.even := mixed AND random() < 0.5 OR kind = 'half even';
	c.decimals := CASE WHEN mixed OR kind = 'decimals' OR course AND random() < 0.2 THEN pg_temp.pick(0, 1, 2, 3, 4) ELSE 2 END;
	c.grace := CASE WHEN (mixed AND random() < 0.5 OR course AND random() < 0.2) OR kind IN ('grace', 'taken back after the grace') THEN pg_temp.pick(1, 5, 14, pg_temp.upto(60)) ELSE 0 END;
	c.payments := CASE WHEN kind IN ('payments to interest', 'payments to costs') THEN substr(kind, 13)
		WHEN full_pay AND random() < 0.5 THEN 'principal'
		WHEN mixed OR course OR kind IN ('compounded and paid in part', 'overpaid and taken back', 'taken back after the grace') THEN pg_temp.pick_text('principal', 'interest', 'costs') ELSE 'principal' END;

	-- the days: months' ends and leap days more often than by chance
	due_on := date '2019-01-01' + pg_temp.upto(2500);
	IF random() < 0.3 THEN
		due_on := pg_temp.pick_date('2024-02-28', '2024-02-29', '2023-02-28', '2023-12-30', '2023-12-31', '2024-01-30', '2020-12-31', '2019-12-31', '2024-06-30');
	END IF;
	reach := pg_temp.pick(0, 1, 2, 31, 37, 90, 181, 366, pg_temp.upto(400), pg_temp.upto(900));
	IF full_pay AND random() < 0.8 THEN
		reach := CASE WHEN c.compounded IN ('monthly', '30', '90') THEN 200 ELSE 400 END + pg_temp.upto(500);
	END IF;
	IF c.compounded = '1' THEN reach := least(reach, 60); ELSIF c.compounded = '7' THEN reach := least(reach, 200); END IF;
	as_of := due_on + reach;

	-- the rates, some below zero, neighbours sometimes equal, a change now and then on the first or the last day
	IF random() < 0.2 AND kind <> 'rates below zero' THEN
		c.rates := ARRAY[pg_temp.pick(0, 5, 12.15, 10.4, 0.333333, 150, 8.5)];
	ELSE
		c.from_days := ARRAY[due_on - pg_temp.upto(100)];
		IF random() < 0.2 THEN c.from_days := ARRAY[due_on + 1]; END IF;
		WHILE c.from_days[cardinality(c.from_days)] <= as_of AND cardinality(c.from_days) < 30 LOOP
			c.from_days := c.from_days || (c.from_days[cardinality(c.from_days)] + pg_temp.pick_days(1, 31, 181, 184, 1 + pg_temp.upto(200)));
		END LOOP;
		IF random() < 0.3 AND reach > 1 AND NOT as_of = ANY (c.from_days) THEN
			c.from_days := (SELECT array_agg(f ORDER BY f) FROM unnest(c.from_days || as_of) AS f);
		END IF;
		c.rates := (SELECT array_agg(CASE WHEN kind = 'rates below zero' THEN pg_temp.pick(-0.88, -0.13, -12, 0, 3.12, -0.333333)
			ELSE pg_temp.pick(12.15, 12.40, 10, 8.5, 8.5, 4.1141, 0.04, -0.5, 13.333333) END) FROM unnest(c.from_days));
	END IF;

	-- the debt
	scale := CASE WHEN kind = 'decimals' THEN c.decimals ELSE pg_temp.pick(2, 2, 2, 0, 3, 1) END;
	amount := round((10 ^ (random() * 6))::numeric, scale) + CASE WHEN scale = 0 THEN 1 ELSE 0.01 END;
	IF kind = 'half even' OR random() < 0.1 THEN amount := 18.25 * (1 + pg_temp.upto(400)); END IF;
	IF kind = 'the least and the largest amounts' THEN
		amount := pg_temp.pick(0.01, 0.02, 1e30, 1e30 - 0.01, 123456789012345678901234567890.12, 9999999999999999.99, 170141183460469231731.68, 0.10);
	END IF;
	days := ARRAY[due_on - pg_temp.pick_days(30, 30, 45, 60, 1, 0)];
	amounts := ARRAY[amount];
	left_over := amount;
	IF course THEN
		FOR day IN SELECT CASE WHEN random() < 0.1 THEN due_on - pg_temp.upto(20) ELSE due_on + pg_temp.upto(reach + 3) END AS d
			FROM generate_series(1, 1 + pg_temp.upto(6)) ORDER BY d
		LOOP
			CONTINUE WHEN day < days[1];
			amount := CASE
				WHEN left_over < 0 AND random() < 0.7
				THEN CASE WHEN too_high AND random() < 0.5 THEN amounts[1] + pg_temp.pick(0, 0.01, 7) ELSE pg_temp.pick(-left_over, 1, 50, -left_over + 5) END
				WHEN returns AND random() < 0.5
				THEN (SELECT -a FROM unnest(amounts) AS a WHERE a < 0 ORDER BY random() LIMIT 1)
				WHEN left_over > 0 AND random() < 0.6
				THEN -left_over - CASE WHEN full_pay AND random() < 0.5 THEN 0 WHEN too_high THEN pg_temp.pick(0.01, 1, 5, 60, round(amounts[1] / 10, 2)) ELSE 0 END
				WHEN random() < 0.2 THEN pg_temp.pick(100, 50.01, amounts[1])
				ELSE -round(amounts[1] * (0.01 + random() * 0.5)::numeric, 2) END;
			CONTINUE WHEN amount = 0 OR amount IS NULL;
			left_over := left_over + amount;
			days := days || day;
			amounts := amounts || amount;
		END LOOP;
		SELECT array_agg(m ORDER BY m, a DESC), array_agg(a ORDER BY m, a DESC) INTO days, amounts FROM unnest(days, amounts) AS s (m, a);
	END IF;
	IF mixed OR kind IN ('part payments', 'payments to interest', 'payments to costs', 'compounded and paid in part', 'rounded each segment', 'grace',
		'overpaid and taken back', 'taken back after the grace', 'the least and the largest amounts', 'act/act', '30/360', 'least and most')
	THEN
		FOR i IN 1 .. pg_temp.upto(5) LOOP
			day := CASE pg_temp.upto(8)
				WHEN 0 THEN due_on WHEN 1 THEN due_on - pg_temp.upto(10) WHEN 2 THEN due_on + c.grace WHEN 3 THEN due_on + c.grace + 1
				WHEN 4 THEN coalesce(c.from_days[1 + pg_temp.upto(cardinality(c.from_days) - 1)], as_of)
				WHEN 5 THEN days[cardinality(days)]
				WHEN 6 THEN pg_temp.pick_date(as_of, as_of - 1, as_of + 1)
				ELSE due_on + pg_temp.upto(reach) END;
			CONTINUE WHEN day < days[1];
			amount := CASE WHEN kind LIKE '%taken back%' AND random() < 0.6 THEN
					pg_temp.pick(-left_over, -left_over - 5, left_over, 5, 100, -2 * left_over, -amounts[cardinality(amounts)])
				WHEN random() < 0.15 THEN pg_temp.pick(-left_over, 100.01, left_over, -left_over + 0.01, -left_over - 1)
				ELSE -round(left_over * (0.02 + random() * 0.6)::numeric, scale) END;
			CONTINUE WHEN amount = 0 OR amount IS NULL;
			left_over := left_over + amount;
			days := days || day;
			amounts := amounts || amount;
		END LOOP;
		SELECT array_agg(m ORDER BY m, a DESC), array_agg(a ORDER BY m, a DESC) INTO days, amounts FROM unnest(days, amounts) AS s (m, a);
	END IF;

	-- the compensation
	IF mixed AND random() < 0.6 OR course AND random() < 0.4 OR kind IN ('compensation by bands', 'payments to costs', 'grace', 'taken back after the grace') THEN
		amount := 0;
		FOR i IN 1 .. pg_temp.upto(3) LOOP
			amount := amount + pg_temp.pick(1000, 250, 4999.99, 0.01) + CASE WHEN random() < 0.2 THEN amounts[1] ELSE 0 END;
			c.bands := c.bands || ROW(CASE WHEN random() < 0.6 THEN pg_temp.pick(40, 70, 30) END, NULL, amount, random() < 0.5)::pg_temp.band;
			IF c.bands[i].amount IS NULL OR random() < 0.4 THEN
				c.bands[i].percent := pg_temp.pick(15, 10, 0.5, 1, 33.333);
			END IF;
		END LOOP;
		c.bands := c.bands || CASE WHEN random() < 0.5 THEN ROW(100, NULL, NULL, NULL)::pg_temp.band ELSE ROW(NULL, 0.5, NULL, NULL)::pg_temp.band END;
		IF random() < 0.3 THEN c.at_least := pg_temp.pick(40, 25); END IF;
		IF random() < 0.3 THEN c.at_most := pg_temp.pick(6775, 90); END IF;
		c.if_professional := random() < 0.5;
		professional := random() < 0.6;
	END IF;
	IF mixed AND random() < 0.3 OR course AND random() < 0.15 OR kind = 'least and most' THEN
		IF random() < 0.5 THEN c.least := pg_temp.pick(5, 0.01, 40, 1000); END IF;
		-- not both, where the debt is what a most is a percentage of
		IF random() < 0.5 OR c.least IS NULL THEN
			IF random() < 0.5 THEN c.most := coalesce(c.least, 0.01) + pg_temp.pick(0, 1, 100);
			ELSIF c.least IS NULL THEN c.most_percent := pg_temp.pick(1, 10, 0.333, 100); END IF;
		END IF;
	END IF;

	INSERT INTO trial (id, family, history, due_on, as_of, rule, professional, days, amounts, c, expected)
		VALUES (n, kind, pg_temp.history_text(days, amounts), due_on, as_of, pg_temp.rule_text(c), professional, days, amounts, c,
			pg_temp.by_hand(days, amounts, due_on, as_of, c, professional));
END $$;

CREATE TEMP TABLE family (name text, trials integer, n integer GENERATED ALWAYS AS IDENTITY);
INSERT INTO family (name, trials) VALUES
	('plain', 40), ('fixed at start', 30), ('act/act', 40), ('act/360', 25), ('30/360', 50), ('rates below zero', 40), ('decimals', 30), ('half even', 40),
	('the least and the largest amounts', 30), ('compensation by bands', 60), ('grace', 60), ('least and most', 50), ('compounded', 50),
	('rounded each segment', 50), ('rounded each day', 30), ('part payments', 60), ('overpaid and taken back', 100), ('taken back after the grace', 100),
	('payments to interest', 80), ('payments to costs', 80), ('compounded and paid in part', 100), ('everything at once', 300),
	('paid in full while added interest is open', 120), ('too high before a later debit', 150), ('returned', 150), ('paid in full, too high and returned', 200);
SELECT setseed(0.271828);
DO $$
DECLARE
	f record;
	id integer := 0;
BEGIN
	FOR f IN SELECT * FROM family ORDER BY n LOOP
		FOR i IN 1 .. f.trials LOOP
			id := id + 1;
			PERFORM pg_temp.make_trial(id, f.name);
		END LOOP;
	END LOOP;
END $$;

-- What the extension says; an error is an answer, too.
CREATE FUNCTION pg_temp.ask(t trial) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	h dunning.balance_history;
	r dunning.penalty_rule;
	p dunning.penalty;
BEGIN
	h := t.history;
	r := t.rule;
	p := dunning.late_penalty(h, t.due_on, t.as_of, r, t.professional);
	RETURN jsonb_build_object('interest', p.interest, 'compensation', p.compensation, 'total', p.total,
		-- interest by itself is that of a professional
		'alone', jsonb_build_array(CASE WHEN t.professional THEN dunning.late_interest(h, t.due_on, t.as_of, r) ELSE p.interest END,
			dunning.late_compensation(h, t.due_on, t.as_of, r, t.professional)),
		'scale', scale(p.interest),
		'explained', (SELECT coalesce(sum(e.amount), 0) FROM dunning.explain_penalty(h, t.due_on, t.as_of, r, t.professional) AS e),
		'segments', (SELECT coalesce(jsonb_agg(jsonb_build_object('from', e.from_day, 'to', e.to_day, 'rate', e.rate, 'interest', e.interest) ORDER BY e.segment), '[]')
			FROM dunning.explain_penalty(h, t.due_on, t.as_of, r, t.professional) AS e WHERE e.kind = 'interest' AND e.interest <> 0),
		'paid', (SELECT coalesce(jsonb_agg(jsonb_build_object('on', o.on_day, 'amount', o.amount, 'costs', o.costs, 'interest', o.interest,
				'principal', o.principal, 'unassigned', o.unassigned, 'returned', o.returned) ORDER BY o.n), '[]')
			FROM dunning.explain_payments(h, t.due_on, t.as_of, r, t.professional) WITH ORDINALITY
				AS o (on_day, amount, costs, interest, principal, unassigned, returned, n)));
EXCEPTION WHEN OTHERS THEN
	RETURN jsonb_build_object('error', SQLSTATE || ' ' || SQLERRM);
END $$;
UPDATE trial AS t SET got = pg_temp.ask(t);

CREATE FUNCTION pg_temp.compare(part text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT is_empty(format('SELECT history, due_on, as_of, rule, professional, expected -> %1$L AS expected, coalesce(got -> %1$L, got) AS got '
			'FROM trial WHERE family = %2$L AND expected -> %1$L IS DISTINCT FROM got -> %1$L ORDER BY length(history || rule) LIMIT 5', part, name),
		format('%s: the %s of %s trials, day by day', name, part, trials))
	FROM family ORDER BY n $$;
SELECT pg_temp.compare(part) FROM unnest(ARRAY['interest', 'compensation', 'total', 'explained', 'segments', 'paid']) AS part;

-- the trials tell something
SELECT cmp_ok((SELECT count(*) FROM trial WHERE (expected ->> 'interest')::numeric <> 0), '>', 700::bigint, 'most trials bear interest');
SELECT cmp_ok((SELECT count(*) FROM trial WHERE (expected ->> 'interest')::numeric < 0), '>', 20::bigint, 'some of it below zero');
SELECT cmp_ok((SELECT count(*) FROM trial WHERE jsonb_path_exists(expected, '$.paid[*] ? (@.interest > 0 && @.principal > 0)')), '>', 50::bigint,
	'payments are divided');
SELECT cmp_ok((SELECT count(*) FROM trial WHERE jsonb_path_exists(expected, '$.paid[*] ? (@.unassigned > 0)')), '>', 20::bigint, 'some exceed what is owed');
SELECT cmp_ok((SELECT count(*) FROM trial WHERE expected -> 'seen' ? what AND (c).payments = payments), '>', 10::bigint, format('%s, payments to %s', what, payments))
FROM unnest(ARRAY['returned', 'returned, paid in time', 'credit used']) AS what, unnest(ARRAY['principal', 'interest', 'costs']) AS payments;
SELECT cmp_ok((SELECT count(*) FROM trial WHERE expected -> 'seen' ? 'interest alone'), '>', 50::bigint, 'added interest outlives the principal');
SELECT cmp_ok((SELECT count(*) FROM trial WHERE expected -> 'seen' ? 'refund of interest'), '>', 5::bigint, 'some refunds take interest back');
SELECT cmp_ok((SELECT count(*) FROM trial WHERE expected -> 'seen' ?& two), '>', 2::bigint, format('%s and %s', VARIADIC two))
FROM (VALUES (ARRAY['returned', 'interest alone']), (ARRAY['returned', 'credit used']), (ARRAY['credit used', 'interest alone'])) AS v (two);
-- each cent that was paid is in one place
SELECT is_empty($$ SELECT history, due_on, as_of, rule, p.* FROM trial, jsonb_to_recordset(got -> 'paid')
		AS p (on_day date, amount numeric, costs numeric, interest numeric, principal numeric, unassigned numeric, returned numeric)
	WHERE amount <> costs + interest + principal + unassigned + returned OR least(costs, interest, principal, unassigned, returned) < 0 $$,
	'what a payment extinguished, what is left of it and what came back are the payment');
SELECT is_empty($$ SELECT history, due_on, as_of, rule, got -> 'paid' FROM trial
	WHERE (SELECT coalesce(sum(principal), 0) FROM jsonb_to_recordset(got -> 'paid') AS p (principal numeric))
		> (SELECT coalesce(sum(a), 0) FROM unnest(days, amounts) AS m (d, a) WHERE d <= as_of AND a > 0)
			- (SELECT coalesce(sum(returned), 0) FROM jsonb_to_recordset(got -> 'paid') AS p (returned numeric)) $$,
	'no more principal is extinguished than there was');
SELECT is_empty($$ SELECT history, due_on, as_of, rule, got FROM trial
	WHERE got -> 'alone' IS DISTINCT FROM jsonb_build_array(got -> 'interest', got -> 'compensation') $$,
	'late_penalty gives what late_interest and late_compensation give');
SELECT is_empty($$ SELECT history, due_on, as_of, rule, got FROM trial WHERE (got ->> 'scale')::integer IS DISTINCT FROM (c).decimals $$,
	'interest is shown with the decimals of its rule');

-- What a row of an explanation says of its place among the others.
CREATE TEMP TABLE explained AS
	SELECT t.id, t.rule, t.history, t.due_on, t.as_of, (t.c).*, e.*,
		lag(e.carried, 1, 0) OVER w AS carried_before, lag(e.to_day) OVER w AS before
	FROM trial AS t CROSS JOIN LATERAL dunning.explain_penalty(t.history::dunning.balance_history, t.due_on, t.as_of, t.rule::dunning.penalty_rule, t.professional) AS e
	WHERE e.kind = 'interest'
	WINDOW w AS (PARTITION BY t.id ORDER BY e.segment);
SELECT is_empty($$ SELECT id, rule, history, due_on, as_of, segment, from_day, to_day, days, before FROM explained
	WHERE from_day <= before OR from_day <= due_on OR to_day > as_of OR days <> to_day - from_day + 1 $$,
	'segments follow one another, and have their days');
SELECT is_empty($$ SELECT id, rule, history, due_on, as_of, segment, interest, carried_before, carried, amount FROM explained
	WHERE abs(interest + carried_before - carried - amount) > CASE WHEN rounding = 'end' THEN 0.000000001 ELSE 1000 END
		OR rounding <> 'end' AND carried <> 0 OR abs(carried) > 0.5 * ('1e-' || decimals)::numeric $$,
	'what a segment leaves to the next is what its rounding left out');

-- The rates end with the last day that bears interest, or one day before it.
CREATE FUNCTION pg_temp.cut(c pg_temp.clauses, day date) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	c.rates := (SELECT array_agg(r ORDER BY f) FROM unnest(c.from_days, c.rates) AS s (f, r) WHERE f <= day);
	c.from_days := (SELECT array_agg(f ORDER BY f) FROM unnest(c.from_days) AS f WHERE f <= day);
	RETURN replace(pg_temp.rule_text(c), '}', '} until ' || day);
END $$;
CREATE FUNCTION pg_temp.ask_cut(t trial, days integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	rule dunning.penalty_rule := pg_temp.cut(t.c, (t.expected ->> 'needed')::date - days);
	problem text := dunning.penalty_problem(t.history::dunning.balance_history, t.due_on, t.as_of, rule);
BEGIN
	RETURN concat_ws(' ', problem, (dunning.late_penalty(t.history::dunning.balance_history, t.due_on, t.as_of, rule, t.professional)).interest,
		(SELECT '' FROM dunning.explain_penalty(t.history::dunning.balance_history, t.due_on, t.as_of, rule, t.professional) LIMIT 0));
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN CASE WHEN SQLERRM = problem THEN 'no rate' ELSE concat_ws(' ', problem, 'but', SQLERRM) END;
END $$;
CREATE TEMP TABLE cut AS
	SELECT t.*, pg_temp.ask_cut(t, 0) AS enough, pg_temp.ask_cut(t, 1) AS short
	FROM trial AS t WHERE NOT (c).fixed AND (expected ->> 'needed')::date - 1 >= (c).from_days[1];
SELECT is_empty($$ SELECT history, due_on, as_of, rule, expected -> 'needed' AS needed, enough, short FROM cut
	WHERE CASE WHEN enough ~ '^-?[0-9.]+$' THEN enough::numeric END IS DISTINCT FROM (expected ->> 'interest')::numeric OR short IS DISTINCT FROM 'no rate' $$, 'the days for which rates are needed');
SELECT cmp_ok((SELECT count(*) FROM cut WHERE (expected ->> 'needed')::date < as_of), '>', 100::bigint, 'which may end before the last');

-- Single cases.  Interest that was added is owed until it is paid (BW 6:119 lid 2).
SELECT is(dunning.late_interest(h, '2022-02-28', '2026-11-29', dunning.law_rule(code => 'NL')), expected, h::text)
FROM (VALUES ('{2022-01-01: 1000, 2023-06-01: -999.99}'::dunning.balance_history, 160.93), ('{2022-01-01: 1000, 2023-06-01: -1000}', 160.92),
	('{2022-01-01: 1000, 2023-06-01: -1000, 2026-11-29: -500}', 160.92)) AS v (h, expected);
SELECT results_eq($$ SELECT costs, interest, principal, unassigned FROM dunning.explain_payments('{2022-01-01: 1000, 2023-06-01: -1000, 2026-11-29: -500}', '2022-02-28', '2026-11-29',
		dunning.law_rule(code => 'NL')) $$, $$ VALUES (0::numeric, 0::numeric, 1000::numeric, 0::numeric), (150, 160.92, 0, 189.08) $$, 'and is paid by what comes after the principal');
SELECT is(dunning.penalty_problem('{2022-01-01: 1000, 2023-06-01: -1000, 2026-11-29: -500}'::dunning.balance_history, '2022-02-28', '2030-11-29', dunning.law_rule(code => 'NL')), NULL,
	'then no rate is needed');
SELECT isnt(dunning.penalty_problem('{2022-01-01: 1000, 2023-06-01: -1000, 2026-11-29: -160}'::dunning.balance_history, '2022-02-28', '2030-11-29', dunning.law_rule(code => 'NL')), NULL,
	'while it is needed for less than a unit');
-- paid too much before a later debit
SELECT results_eq($$ SELECT * FROM dunning.explain_payments('{2020-12-01: 1000, 2021-12-31: -1100, 2022-06-30: 1000, 2022-07-01: -900, 2023-06-30: -300}', '2020-12-31', '2023-06-30', '10%') $$,
	$$ VALUES (date '2021-12-31', 1100::numeric, 0::numeric, 100::numeric, 1000::numeric, 0::numeric, 0::numeric), ('2022-07-01', 900, 0, 0, 900, 0, 0), ('2023-06-30', 300, 0, 10.25, 100, 189.75, 0) $$,
	'what paid interest does not meet a later debit');
-- a refund of what was paid too much is no new principal: 1,000 for 30 days at 36.5 %
SELECT is(dunning.late_interest('{2026-01-01: 1000, 2026-03-02: -1100, 2026-03-10: 100}'::dunning.balance_history, '2026-01-31', '2026-12-31', '36.5%'), 30.00, 'a refund bears no interest');
SELECT results_eq($$ SELECT interest, principal, unassigned, returned FROM dunning.explain_payments('{2026-01-01: 1000, 2026-03-02: -1100, 2026-03-10: 80}', '2026-01-31', '2026-12-31', '36.5%') $$,
	$$ VALUES (20.00, 1000::numeric, 0.00, 80.00) $$, 'but the interest that it takes back is unpaid again');
-- a payment that came back never was, whatever it paid first
SELECT is(dunning.late_interest('{2020-12-01: 1000, 2021-12-31: -500, 2022-01-10: 500}'::dunning.balance_history, '2020-12-31', '2023-06-30', ('10%' || o)::dunning.penalty_rule), 249.59, 'returned' || o)
FROM unnest(ARRAY['', '; payments to interest', '; payments to costs; compensation 40.00 EUR']) AS o;
SELECT results_eq($$ SELECT from_day, to_day, principal FROM dunning.explain_penalty('{2020-12-01: 1000, 2021-12-31: -500, 2022-01-10: 500}'::dunning.balance_history, '2020-12-31', '2023-06-30',
		'10%; payments to interest') $$, $$ VALUES (date '2021-01-01', date '2023-06-30', 1000::numeric) $$, 'interest of before does not bear interest');
SELECT results_eq($$ SELECT * FROM dunning.explain_payments('{2020-12-01: 1000, 2021-12-31: -500, 2022-01-10: 500}', '2020-12-31', '2023-06-30', '10%; payments to interest') $$,
	$$ VALUES (date '2021-12-31', 500::numeric, 0::numeric, 0::numeric, 0::numeric, 0::numeric, 500::numeric) $$, 'it extinguished nothing');
SELECT is(dunning.late_interest('{2020-12-01: 1000, 2021-12-31: -500, 2022-01-10: 500}'::dunning.balance_history, '2020-12-31', day, '10%'), expected, what)
FROM (VALUES (date '2022-01-09', 101.23, 'the day before it came back it stands'), ('2022-01-10', 102.74, 'on the day it came back it never was')) AS v (day, expected, what);
-- a bill of exchange of 20,000, accepted before it is due, returned on 5 October: 31 days at 12.40 %, and the compensation
SELECT is(dunning.late_penalty('{2026-08-01: 20000, 2026-09-15: -20000, 2026-10-05: 20000}'::dunning.balance_history, '2026-09-30', day, '12.40%; compensation 40.00 EUR'), expected, what)
FROM (VALUES (date '2026-10-04', (0.00, 0.00, 0.00, 0.00)::dunning.penalty, 'a bill before it is returned'), ('2026-10-31', (210.63, 40.00, 0.00, 250.63)::dunning.penalty, 'and after')) AS v (day, expected, what);
SELECT is(dunning.late_compensation('{2026-08-01: 20000, 2026-09-15: -20000, 2026-10-05: 20000}'::dunning.balance_history, '2026-09-30', '2026-10-05', '12.40%; compensation 40.00 EUR'), 40.00, 'its compensation');
SELECT isnt(dunning.penalty_problem('{2025-08-01: 20000, 2025-09-15: -20000, 2026-10-05: 20000}'::dunning.balance_history, '2025-09-30', '2026-10-05', 's {2026-01-01: 10}'), NULL, 'rates are needed from its start');
SELECT is(dunning.penalty_problem('{2025-08-01: 20000, 2025-09-15: -20000, 2026-10-05: 20000}'::dunning.balance_history, '2025-09-30', '2026-10-04', 's {2026-01-01: 10}'), NULL, 'once it is returned');

-- What a bank took back, with its charge or in part.  By hand: 10 % of 1,000 for 911 days,
-- and of the charge, 7.50, for the 536 days since the bank took it.
SELECT is(dunning.late_interest(dunning.match_returns(h, back), '2020-12-31', '2023-06-30', ('10%' || o)::dunning.penalty_rule), expected, h::text || o)
FROM (VALUES ('{2020-12-01: 1000, 2021-12-31: -500, 2022-01-10: 500}'::dunning.balance_history, '{2022-01-10: 500}'::dunning.balance_history, 249.59),
	('{2020-12-01: 1000, 2021-12-31: -500, 2022-01-10: 507.50}', '{2022-01-10: 507.50}', 250.69)) AS v (h, back, expected)
CROSS JOIN unnest(ARRAY['', '; payments to interest']) AS o;
-- Day by day: what stands of the payments is known at the end, and interest runs on what it leaves.
CREATE FUNCTION pg_temp.taken_back(days date[], amounts numeric[], rejected boolean[], due_on date, as_of date, rate numeric, OUT interest numeric, OUT effect dunning.balance_history, OUT seen text[])
	LANGUAGE plpgsql AS $$
DECLARE
	left_over numeric[] := amounts;		-- what stands of each movement
	place integer;
	owed numeric := 0;
	day date;
BEGIN
	seen := '{}';
	FOR j IN 2 .. cardinality(days) LOOP
		CONTINUE WHEN amounts[j] <= 0 OR days[j] > as_of;
		LOOP
			place := (SELECT p FROM generate_subscripts(days, 1) AS p WHERE left_over[p] = - left_over[j] AND days[p] <= days[j] ORDER BY days[p] DESC, p DESC LIMIT 1);
			IF place IS NOT NULL THEN
				left_over[place] := 0;
				left_over[j] := 0;
				seen := seen || 'whole'::text;
				EXIT;
			END IF;
			-- once only: the rest is no return any more, unless it has the amount of another payment
			EXIT WHEN NOT rejected[j] OR left_over[j] <> amounts[j];
			place := (SELECT p FROM generate_subscripts(days, 1) AS p WHERE left_over[p] < 0 AND - left_over[p] < left_over[j] AND days[p] <= days[j] ORDER BY left_over[p], days[p] DESC LIMIT 1);
			IF place IS NOT NULL THEN
				left_over[j] := left_over[j] + left_over[place];
				left_over[place] := 0;
				seen := seen || 'charge'::text;
			ELSE
				place := (SELECT p FROM generate_subscripts(days, 1) AS p WHERE left_over[p] < 0 AND days[p] <= days[j] ORDER BY days[p] DESC, - left_over[p] LIMIT 1);
				EXIT WHEN place IS NULL;
				left_over[place] := left_over[place] + left_over[j];
				left_over[j] := 0;
				seen := seen || 'part'::text;
				EXIT;
			END IF;
		END LOOP;
	END LOOP;
	FOR day IN SELECT generate_series(due_on + 1, as_of, '1 day')::date LOOP
		owed := owed + greatest((SELECT sum(left_over[p]) FROM generate_subscripts(days, 1) AS p WHERE days[p] < day), 0);
	END LOOP;
	interest := round(owed * rate / 36500, 2);
	effect := (SELECT dunning.balance_history(left_over[p], days[p]) FROM generate_subscripts(days, 1) AS p WHERE left_over[p] <> 0 AND days[p] <= as_of);
END
$$;
-- Of the amounts 103 may come back without being known as a return; what a part is of an amount is never another one.
CREATE TEMP TABLE taken AS
WITH movement AS MATERIALIZED (
	SELECT k, date '2026-01-02' + pg_temp.upto(90) AS day, (ARRAY[-61, -103, -41, -103, 103, 107.5, 61, 30, 160, 12.25, 5])[1 + pg_temp.upto(10)] AS amount
	FROM generate_series(1, 300) AS k CROSS JOIN generate_series(1, 6) AS n WHERE random() < 0.7
	UNION ALL
	SELECT k, '2026-01-01', 1000 FROM generate_series(1, 300) AS k
)
SELECT m.k, array_agg(m.day ORDER BY m.day, m.amount DESC) AS days, array_agg(m.amount ORDER BY m.day, m.amount DESC) AS amounts,
	array_agg(m.amount IN (107.5, 61, 30, 160, 12.25) ORDER BY m.day, m.amount DESC) AS rejected, date '2026-01-31' AS due_on, date '2026-04-30' + pg_temp.upto(60) AS as_of
FROM movement AS m GROUP BY m.k;
CREATE TEMP TABLE taken_told AS
SELECT t.*, b.interest, b.effect, b.seen, dunning.match_returns(g.h, g.back) AS got, g.h
FROM taken AS t
CROSS JOIN LATERAL (SELECT dunning.balance_history(t.amounts[p], t.days[p]) AS h, dunning.balance_history(t.amounts[p], t.days[p]) FILTER (WHERE t.rejected[p]) AS back
	FROM generate_subscripts(t.days, 1) AS p WHERE t.days[p] <= t.as_of) AS g
CROSS JOIN LATERAL pg_temp.taken_back(t.days, t.amounts, t.rejected, t.due_on, t.as_of, 12) AS b;
SELECT is_empty($$ SELECT k, h, got, interest, dunning.late_interest(got, due_on, as_of, '12%') FROM taken_told WHERE dunning.late_interest(got, due_on, as_of, '12%') <> interest LIMIT 3 $$,
	'payments that the bank took back, with its charge or in part: the interest of a model day by day');
SELECT is_empty($$ SELECT k, h, got, effect FROM taken_told WHERE dunning.late_interest(got, due_on, as_of, '12%; payments to interest') <> dunning.late_interest(effect, due_on, as_of, '12%; payments to interest') LIMIT 3 $$,
	'and no interest becomes principal');
SELECT is_empty($$ SELECT FROM taken_told AS t CROSS JOIN unnest(t.days) AS d (day) WHERE dunning.open_amount(t.got, day) <> dunning.open_amount(t.h, day) $$, 'no balance of a day changes');
SELECT cmp_ok((SELECT count(*) FROM taken_told WHERE what = ANY (seen)), '>', 20::bigint, what || ' was there') FROM unnest(ARRAY['whole', 'charge', 'part']) AS what;

-- A history without movements owes nothing.
SELECT is(dunning.late_penalty('{}'::dunning.balance_history, '2026-01-31', '2026-12-31', '12.15%; compensation 40.00 EUR'),
	(0.00, 0.00, 0.00, 0.00)::dunning.penalty, 'an empty history has no penalty');
SELECT is_empty($$ SELECT * FROM dunning.explain_penalty('{}'::dunning.balance_history, '2026-01-31', '2026-12-31', '12.15%; compensation 40.00 EUR') $$, 'and nothing to explain');
SELECT is_empty($$ SELECT * FROM dunning.explain_payments('{}'::dunning.balance_history, '2026-01-31', '2026-12-31', '12.15%; compensation 40.00 EUR') $$, 'nor to pay off');

-- An amount is a history of one movement, and interest is linear in it.
CREATE TEMP TABLE single AS
	SELECT id, family, amounts[1] AS amount, due_on, as_of, rule, professional, format('{%s: %s}', days[1], amounts[1]) AS history,
		pg_temp.by_hand(days[1:1], amounts[1:1], due_on, as_of, c, professional) AS expected, c
	FROM trial;
CREATE FUNCTION pg_temp.ask(t single) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	h dunning.balance_history;
	r dunning.penalty_rule;
	p dunning.penalty;
BEGIN
	h := t.history;
	r := t.rule;
	p := dunning.late_penalty(t.amount, t.due_on, t.as_of, r, t.professional);
	RETURN jsonb_build_object('amount', jsonb_build_array(p.interest, p.compensation, p.total),
		'functions', jsonb_build_array(dunning.late_interest(t.amount, t.due_on, t.as_of, r),
			dunning.late_compensation(t.amount, t.due_on, t.as_of, r, t.professional),
			(SELECT coalesce(sum(e.amount), 0) FROM dunning.explain_penalty(t.amount, t.due_on, t.as_of, r, t.professional) AS e)),
		'history', jsonb_build_array(dunning.late_interest(h, t.due_on, t.as_of, r),
			dunning.late_compensation(h, t.due_on, t.as_of, r, t.professional), (dunning.late_penalty(h, t.due_on, t.as_of, r, t.professional)).total),
		'negative', jsonb_build_array(-dunning.late_interest(-t.amount, t.due_on, t.as_of, r),
			dunning.late_compensation(-t.amount, t.due_on, t.as_of, r, t.professional),
			-(SELECT coalesce(sum(e.amount), 0) FROM dunning.explain_penalty(-t.amount, t.due_on, t.as_of, r, t.professional) AS e)));
EXCEPTION WHEN OTHERS THEN
	RETURN jsonb_build_object('error', SQLSTATE || ' ' || SQLERRM);
END $$;
CREATE TEMP TABLE asked AS
	SELECT s.*, pg_temp.ask(s) AS got,
		jsonb_build_array(expected -> 'interest', expected -> 'compensation', expected -> 'total') AS three,
		jsonb_build_array(expected -> 'interest', 0, expected -> 'interest') AS below_zero
	FROM single AS s;
SELECT is_empty(format('SELECT amount, due_on, as_of, rule, professional, three AS expected, coalesce(got -> %1$L, got) AS got FROM asked
		WHERE got -> %1$L IS DISTINCT FROM %2$I ORDER BY length(rule) LIMIT 5', part, wanted), what)
FROM (VALUES ('amount', 'three', 'the penalty of an amount, day by day'), ('history', 'three', 'that of a history of one movement'),
	('negative', 'below_zero', 'of a negative amount interest is the negative, and there is no compensation')) AS v (part, wanted, what);
SELECT is_empty($$ SELECT amount, due_on, as_of, rule, professional, got FROM asked
	WHERE got -> 'functions' IS DISTINCT FROM jsonb_build_array(three -> 0, three -> 1, three -> 2) $$,
	'late_interest, late_compensation and explain_penalty of an amount add up to it');

-- A period split at any day: amounts of which a day's interest has no more than
-- two decimals, so that nothing is rounded.
CREATE TEMP TABLE split AS
	SELECT n, due_on, due_on + a AS mid, due_on + a + b AS as_of, 160308000::numeric * (1 + n % 7) AS amount,
		(rates || day_count)::dunning.penalty_rule AS rule
	FROM (SELECT n, date '2019-12-01' + pg_temp.upto(1700) AS due_on, pg_temp.upto(400) AS a, pg_temp.upto(400) AS b,
			pg_temp.pick_text('act/365', 'act/act', 'act/360', '30/360') AS day_count,
			pg_temp.pick_text('12.15%; ', 'ecb_10 {2019-01-01: 10.00, 2022-07-01: 10.50, 2023-01-01: 12.50, 2024-01-01: 14.50, 2024-07-01: 14.25}; ',
				'base {2019-01-01: -0.88, 2021-02-28: 0, 2023-12-31: -0.13, 2024-02-29: 3.62}; ') AS rates
		FROM generate_series(1, 400) AS n) AS s;
SELECT is_empty($$ SELECT *, dunning.late_interest(amount, due_on, as_of, rule) FROM split
	WHERE dunning.late_interest(amount, due_on, as_of, rule)
		IS DISTINCT FROM dunning.late_interest(amount, due_on, mid, rule) + dunning.late_interest(amount, mid, as_of, rule) $$,
	'a period split in two has the interest of the whole');
SELECT is_empty($$ SELECT *, dunning.late_interest(amount, due_on, as_of, rule) FROM split
	WHERE n <= 100 AND dunning.late_interest(amount, due_on, as_of, rule) IS DISTINCT FROM
		(SELECT coalesce(sum(dunning.late_interest(amount, d - 1, d, rule)), 0) FROM generate_series(1, as_of - due_on) AS k CROSS JOIN LATERAL (VALUES (due_on + k)) AS v (d)) $$,
	'and so has one split into its days');
SELECT is_empty($$ SELECT *, dunning.late_interest(amount, due_on, as_of, rule) FROM split
	WHERE dunning.late_interest(amount, due_on, as_of, rule) IS DISTINCT FROM
		(SELECT coalesce(sum(e.interest), 0) FROM dunning.explain_penalty(amount, due_on, mid, rule) AS e)
		+ (SELECT coalesce(sum(e.interest), 0) FROM dunning.explain_penalty(amount, mid, as_of, rule) AS e) $$,
	'the segments of both halves add up to it before rounding');
-- a movement that changes nothing splits a segment and no amount
SELECT is_empty($$ SELECT s.*, h FROM split AS s
	CROSS JOIN LATERAL (SELECT format('{%s: %s, %s: 100, %s: -100}', due_on - 3, amount, mid, mid)::dunning.balance_history) AS v (h)
	WHERE dunning.late_interest(h, due_on, as_of, rule) IS DISTINCT FROM dunning.late_interest(amount, due_on, as_of, rule) $$,
	'so has one with a payment that came and went on a day');

-- A rate is missed where the period of interest leaves the history, and nowhere
-- else; penalty_problem tells it beforehand.
CREATE FUNCTION pg_temp.state_of(due_on date, as_of date, rule dunning.penalty_rule) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM dunning.late_interest(100.00, due_on, as_of, rule);
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
CREATE TEMP TABLE missing AS
	SELECT due_on, due_on + reach AS as_of, known_from, known_until, fixed, grace,
		format('base {%s: 10.00} until %s; grace %s%s', known_from, known_until, grace, CASE WHEN fixed THEN '; fixed at start' ELSE '' END)::dunning.penalty_rule AS rule
	FROM (SELECT date '2026-01-15' + pg_temp.upto(20) AS due_on, pg_temp.upto(20) AS reach, date '2026-01-15' + pg_temp.upto(15) AS known_from,
			date '2026-02-01' + pg_temp.upto(15) AS known_until, random() < 0.5 AS fixed, pg_temp.pick_days(0, 0, 5) AS grace
		FROM generate_series(1, 500)) AS s;
SELECT is_empty($$ SELECT due_on, as_of, rule, pg_temp.state_of(due_on, as_of, rule), dunning.penalty_problem(due_on, as_of, rule) FROM missing
	WHERE pg_temp.state_of(due_on, as_of, rule) IS DISTINCT FROM
			CASE WHEN as_of > due_on + grace AND (due_on + 1 < known_from OR CASE WHEN fixed THEN due_on + 1 ELSE as_of END > known_until) THEN '22023' END
		OR (pg_temp.state_of(due_on, as_of, rule) IS NULL) <> (dunning.penalty_problem(due_on, as_of, rule) IS NULL) $$,
	'a rate is missed exactly where interest needs it, and the problem is told beforehand');

SELECT diag(format('%s trials took %s seconds', (SELECT count(*) FROM trial), round(extract(epoch FROM clock_timestamp() - begun), 1))) FROM clock;
SELECT * FROM finish();
