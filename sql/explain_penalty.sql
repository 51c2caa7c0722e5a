-- Late penalties of items with part payments, why they are what they are, and
-- what each payment extinguished.
SET search_path = public;
SET datestyle = 'ISO, YMD';
\pset null '(null)'

-- 1. one amount
SELECT * FROM dunning.explain_penalty(10000.00, '2026-04-30', '2026-08-31', 'fr {2026-01-01: 12.15, 2026-07-01: 12.40} until 2026-12-31; compensation 40 EUR if professional');
-- the half-years of a German debt: 16 days and 15; neighbours of equal rate are one
SELECT days, rate, amount, carried FROM dunning.explain_penalty(10000.00, '2024-06-14', '2024-07-15', 'de {2024-01-01: 3.62, 2024-07-01: 3.37}');
SELECT days, rate FROM dunning.explain_penalty(10000.00, '2024-06-14', '2024-07-15', 'de {2024-01-01: 3.62, 2024-07-01: 3.62}');
-- compounded on the anniversary of the default
SELECT segment, from_day, to_day, principal, interest, carried, amount, reason
FROM dunning.explain_penalty(10000.00, '2022-12-31', '2024-12-31', 'nl {2023-01-01: 10.50, 2023-07-01: 12.00, 2024-01-01: 12.50, 2024-07-01: 12.25} until 2024-12-31; compounded yearly');
-- the 31st comes back after the short months
SELECT from_day, to_day, principal, amount FROM dunning.explain_penalty(1000, '2026-01-30', '2026-05-30', '12; compounded monthly; rounded each segment');
-- act/act parts at the leap year only, 30/360 counts 60 days in 59
SELECT from_day, to_day, days, basis, interest, amount, reason FROM dunning.explain_penalty(36600, '2022-12-31', '2025-12-31', '10; act/act');
SELECT days, basis, amount, reason FROM dunning.explain_penalty(12000, '2026-01-15', '2026-03-15', '4; 30/360');
-- least and most are rows of their own
SELECT kind, from_day, to_day, interest, amount, reason FROM dunning.explain_penalty(1000, '2026-01-31', '2026-02-04', '36.5; least 5');
SELECT kind, amount, reason FROM dunning.explain_penalty(1000, '2026-01-31', '2026-02-10', '36.5; most 7.5; compensation 10% EUR');
SELECT kind, amount, reason FROM dunning.explain_penalty(1000, '2026-01-31', '2026-02-10', '36.5; most 0.5%');
-- a credit earns negative interest and no compensation; nothing late has no rows
SELECT kind, principal, interest, carried, amount FROM dunning.explain_penalty(-1000.5, '2026-01-31', '2026-02-10', '36.5; most 7.5; compensation 40 EUR');
SELECT count(*) FROM dunning.explain_penalty(1000, '2026-01-31', '2026-02-10', '36.5; grace 10; compensation 40 EUR');
SELECT count(*) FROM dunning.explain_penalty(0, '2026-01-31', '2026-02-10', '36.5; compensation 40 EUR');

-- 2. part payments
SELECT segment, kind, from_day, to_day, days, principal, interest, carried, amount, reason
FROM dunning.explain_penalty('{2026-01-01: 1000.00, 2026-01-31: -100, 2026-03-02: -300, 2026-05-01: -100, 2026-05-01: 50}'::dunning.balance_history, '2026-01-31', '2026-06-30',
	's {2026-01-01: 36.5, 2026-04-01: 73}; compensation 40 EUR');
-- by the three orders: interest of 30 days on 1,000 is 30.00
SELECT o, (dunning.explain_payments('{2026-01-01: 1000.00, 2026-01-31: -100, 2026-03-02: -300, 2026-06-01: -2000}'::dunning.balance_history, '2026-01-31', '2026-12-31', ('36.5; compensation 40 EUR' || o)::dunning.penalty_rule)).*
FROM (VALUES (''), ('; payments to interest'), ('; payments to costs')) AS v (o) ORDER BY o, 2;
SELECT o, dunning.late_penalty('{2026-01-01: 1000.00, 2026-01-31: -100, 2026-03-02: -300, 2026-06-01: -2000}'::dunning.balance_history, '2026-01-31', '2026-12-31', ('36.5; compensation 40 EUR' || o)::dunning.penalty_rule)
FROM (VALUES (''), ('; payments to interest'), ('; payments to costs')) AS v (o) ORDER BY o;
-- the unrounded rest is carried on: 1/3 of a cent is not paid twice nor lost
SELECT * FROM dunning.explain_payments('{2026-01-01: 12.17, 2026-02-10: -0.05, 2026-02-20: -0.05, 2026-03-02: -0.05}'::dunning.balance_history, '2026-01-31', '2026-12-31', '10; payments to interest');
-- compounded: the interest that was added is paid first and stops bearing interest
SELECT * FROM dunning.explain_payments('{2023-01-01: 1000, 2024-07-01: -150}'::dunning.balance_history, '2023-12-31', '2025-06-30', '36.6; act/act; payments to interest; compounded every 91 days');
SELECT from_day, to_day, principal, interest, amount, reason FROM dunning.explain_penalty('{2023-01-01: 1000, 2024-07-01: -150}'::dunning.balance_history, '2023-12-31', '2024-12-31', '36.6; act/act; payments to interest; compounded every 91 days');
-- up to the due date and within grace days that leave nothing open a payment is principal
SELECT * FROM dunning.explain_payments('{2026-01-01: 1000, 2026-01-20: -400, 2026-02-05: -600}'::dunning.balance_history, '2026-01-31', '2026-12-31', '36.5; grace 10; payments to costs; compensation 40 EUR');
SELECT d, (dunning.late_penalty(('{2026-01-01: 1000, 2026-01-20: -400, ' || d || ': -600}')::dunning.balance_history, '2026-01-31', '2026-12-31', '36.5; grace 10; compensation 40 EUR')).*
FROM unnest('{2026-01-31,2026-02-01,2026-02-10,2026-02-11}'::text[]) AS d;
-- settled within the grace days, returned later: as if it had never come; another debit later: from the day after
SELECT kind, from_day, to_day, principal, amount FROM dunning.explain_penalty('{2026-01-01: 1000, 2026-02-05: -1000, 2026-03-01: 999}'::dunning.balance_history, '2026-01-31', '2026-03-11', '36.5; grace 10; compensation 40 EUR');
SELECT kind, from_day, to_day, principal, amount FROM dunning.explain_penalty('{2026-01-01: 1000, 2026-02-05: -1000, 2026-03-01: 1000}'::dunning.balance_history, '2026-01-31', '2026-03-11', '36.5; grace 10; compensation 40 EUR');
-- overpaid, and empty
SELECT dunning.late_penalty('{2026-01-01: 1000, 2026-01-20: -1100}'::dunning.balance_history, '2026-01-31', '2026-12-31', '36.5; compensation 40 EUR') AS overpaid,
	dunning.late_penalty('{}'::dunning.balance_history, '2026-01-31', '2026-12-31', '36.5; compensation 40 EUR') AS empty,
	dunning.late_interest('{2026-01-01: -1000}'::dunning.balance_history, '2026-01-31', '2026-12-31', '36.5') AS credit,
	dunning.late_penalty(NULL::dunning.balance_history, '2026-01-31', '2026-12-31', '36.5; compensation 40 EUR') AS none;
-- interest below zero that was added leaves nothing to bear interest: no rate, no row
SELECT from_day, to_day, principal, amount FROM dunning.explain_penalty('{2021-02-02: 449807.62, 2021-03-08: 5, 2021-02-05: -449807.62}'::dunning.balance_history, '2021-02-03', '2021-05-04', '-0.5; compounded monthly; grace 1');
-- a limit in percent and a compensation are measured after the grace days
SELECT dunning.late_penalty('{2026-01-01: 1000, 2026-02-10: -500, 2026-03-01: -100}'::dunning.balance_history, '2026-01-31', '2027-12-31', '36.5; grace 10; most 10%; compensation 10% EUR');
-- interest that is not charged is not paid either
SELECT * FROM dunning.explain_payments('{2026-01-01: 1000, 2026-02-04: -100, 2026-02-10: -100}'::dunning.balance_history, '2026-01-31', '2026-12-31', '36.5; least 5; payments to interest');
SELECT * FROM dunning.explain_payments('{2026-01-01: 1000, 2026-02-10: -8, 2026-03-10: -100}'::dunning.balance_history, '2026-01-31', '2026-12-31', '36.5; most 10; payments to interest');

-- 3. what cannot be computed: only a day that bears interest needs a rate
CREATE FUNCTION raises(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text;
BEGIN
	EXECUTE query INTO message;
	RETURN 'gives ' || coalesce(message, '(null)');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(' | ', state, message, nullif(detail, ''));
END $$;
SELECT f, h, raises(format('SELECT dunning.%s(%L::dunning.balance_history, ''2026-01-31'', ''2026-12-31'', ''s {2026-01-01: 10} until 2026-06-30''::dunning.penalty_rule)', f, h))
FROM unnest('{late_interest,late_penalty,late_compensation,penalty_problem}'::text[]) AS f, (VALUES ('{2026-01-01: 1000, 2026-07-01: -1000}'), ('{2026-01-01: 1000, 2026-06-30: -1000}')) AS v (h);
SELECT raises($$SELECT count(*) FROM dunning.explain_penalty('{2026-01-01: 1000}'::dunning.balance_history, '2026-01-31', '2026-12-31', 's {2026-01-01: 10} until 2026-06-30')$$);
SELECT raises($$SELECT count(*) FROM dunning.explain_payments('{2026-01-01: 1000}'::dunning.balance_history, '2026-01-31', '2026-12-31', 's {2026-01-01: 10} until 2026-06-30')$$);
SELECT raises($$SELECT count(*) FROM dunning.explain_penalty(0, '2026-01-31', '2026-12-31', 's {2026-01-01: 10} until 2026-06-30')$$);
SELECT raises($$SELECT count(*) FROM dunning.explain_penalty('NaN'::numeric, '2026-01-31', '2026-12-31', '5')$$);
SELECT raises($$SELECT dunning.late_interest('{2026-01-01: 1000}'::dunning.balance_history, '2026-01-31', 'infinity', '5')$$);
SELECT raises($$SELECT dunning.late_interest('{2026-01-01: 1000}'::dunning.balance_history, '2026-01-31', '10000-01-01', '5')$$);
SELECT raises($$SELECT dunning.late_interest('{2026-01-01: 1000}'::dunning.balance_history, '2026-01-31', '2036-01-01', '5; compounded every 2 days')$$);
SELECT raises($$SELECT dunning.penalty_problem('{2026-01-01: 1000}'::dunning.balance_history, '2026-01-31', '2036-01-01', '5; compounded every 2 days')$$);
SELECT dunning.penalty_problem('{2026-01-01: 1000, 2026-02-01: -1000}'::dunning.balance_history, '2026-01-31', '2026-12-31', 's {2026-01-01: 10} until 2026-06-30; compounded monthly; payments to interest') AS settled_but_for_interest,
	dunning.penalty_problem('{2026-01-01: 1000, 2026-02-01: -1100}'::dunning.balance_history, '2026-01-31', '2026-12-31', 's {2026-01-01: 10} until 2026-06-30; compounded monthly; payments to interest') AS settled;
SELECT dunning.late_interest('{2026-01-01: 1000}'::dunning.balance_history, 'infinity', '2026-12-31', '5') AS never_due,
	(SELECT count(*) FROM dunning.explain_payments('{2026-01-01: 1000, 2026-02-01: -1}'::dunning.balance_history, 'infinity', 'infinity', '5')) AS paid;

-- 4. random items day by day in plain SQL: every day on the balance of the day before, at its own rate
SELECT setseed(0.42);
CREATE TABLE step AS
	SELECT h, n, '2019-01-01'::date + (n - 1) * 60 AS from_day, '2019-01-01'::date + n * 60 - 1 AS to_day, round((random() * 20 - 4)::numeric, 2) AS rate
	FROM generate_series(1, 20) AS h, generate_series(1, 40) AS n;
CREATE TABLE item AS
	SELECT i, 1 + i % 20 AS h, d AS due_on, d + (random() * 500)::integer - 5 AS as_of, (ARRAY['act/365', 'act/act', 'act/360', '30/360'])[1 + i % 4] AS basis, (ARRAY[0, 0, 5, 30])[1 + i / 4 % 4] AS grace
	FROM (SELECT i, '2019-12-01'::date + (random() * 700)::integer AS d FROM generate_series(1, 400) AS i) AS s;
CREATE TABLE move AS
	SELECT i, due_on - 30 + (random() * 10)::integer AS d, round((random() * 10 ^ (2 + i % 9))::numeric, i % 5) + 10 AS amount FROM item
	UNION ALL SELECT i, due_on - 5 + (random() ^ 2 * 300)::integer, round((random() ^ 3 * 10 ^ (2 + i % 9))::numeric * CASE WHEN random() < 0.2 THEN 1 ELSE -1 END, i % 5) FROM item, generate_series(1, 4) AS k WHERE k <= i % 5;
-- an increase that happens to have the amount of a payment would be its return
CREATE INDEX ON move (i);
ANALYZE move, step, item;
DELETE FROM move AS v USING item WHERE item.i = v.i AND v.d >= due_on - 5 AND v.amount > 0 AND EXISTS (SELECT FROM move AS p WHERE p.i = v.i AND p.amount = -v.amount);
CREATE TABLE dated AS
	SELECT i.*, ('{' || (SELECT string_agg(to_char(m.d, 'YYYY-MM-DD') || ': ' || m.amount, ', ' ORDER BY random()) FROM move AS m WHERE m.i = i.i) || '}')::dunning.balance_history AS history,
		((SELECT format('s%s {%s} until %s', min(h), string_agg(to_char(from_day, 'YYYY-MM-DD') || ': ' || rate, ', ' ORDER BY n), max(to_day)) FROM step AS s WHERE s.h = i.h)
			|| '; ' || basis || '; grace ' || grace || '; compensation 5% EUR at least 1')::dunning.penalty_rule AS rule
	FROM item AS i;
CREATE VIEW by_hand AS
	SELECT d.i, d.as_of - d.due_on > d.grace AND m.measure > 0 AS late, coalesce((
		-- numerators over 365 * 366 * 360 parts of a year
		SELECT sum(b.balance * s.rate * CASE d.basis WHEN 'act/365' THEN 366 * 360 WHEN 'act/360' THEN 365 * 366
			WHEN 'act/act' THEN CASE WHEN extract(year FROM g.day)::integer % 4 = 0 THEN 365 * 360 ELSE 366 * 360 END
			ELSE 365 * 366 * (360 * (extract(year FROM g.day) - extract(year FROM g.day - 1)) + 30 * (extract(month FROM g.day) - extract(month FROM g.day - 1))
				+ least(30, extract(day FROM g.day)) - least(30, extract(day FROM g.day - 1))) END)
		FROM (SELECT d.due_on + n AS day FROM generate_series(CASE WHEN m.measure > 0 THEN 1 ELSE d.grace + 1 END, d.as_of - d.due_on) AS n WHERE d.as_of - d.due_on > d.grace) AS g
		JOIN step AS s ON s.h = d.h AND g.day BETWEEN s.from_day AND s.to_day
		CROSS JOIN LATERAL (SELECT sum(amount) AS balance FROM move AS v WHERE v.i = d.i AND v.d < g.day) AS b
		WHERE b.balance > 0), 0) AS parts, m.measure
	FROM dated AS d CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS measure FROM move AS v WHERE v.i = d.i AND v.d <= d.due_on + d.grace) AS m;
SELECT count(*), count(*) FILTER (WHERE p.interest <> 0) > 250 AS enough, count(*) FILTER (WHERE p.compensation > 1) > 200 AS enough_costs,
	count(*) FILTER (WHERE p.interest <> round(b.parts * 1.000000000000000000000000000000 / (365 * 366 * 360 * 100.0), 2)) AS wrong_interest,
	count(*) FILTER (WHERE p.compensation <> CASE WHEN late THEN greatest(1, round(b.measure * 0.05, 2)) ELSE 0 END) AS wrong_compensation,
	count(*) FILTER (WHERE p.interest <> dunning.late_interest(history, due_on, as_of, rule)) AS differs
FROM dated AS d JOIN by_hand AS b USING (i) CROSS JOIN LATERAL dunning.late_penalty(history, due_on, as_of, rule) AS p;
-- the walk and the sum of balances give the same, and whatever the rule, the rows add up, nothing of a payment is lost, and one movement is an amount
CREATE TABLE rules AS
	SELECT d.*, dunning.with_clauses(rule, t) AS by_rule, t
	FROM dated AS d, (VALUES ('grace 0'), ('payments to interest'), ('payments to costs'), ('compounded monthly'), ('compounded every 10 days; payments to costs'), ('rounded each segment'),
		('half even; decimals 0'), ('fixed at start; most 2%'), ('least 20; decimals 3'), ('compounded yearly; rounded each segment; payments to interest'), ('act/365; rounded each day; compounded monthly')) AS v (t)
	WHERE i <= 200;
SELECT t, count(*) FILTER (WHERE dunning.late_interest(history, due_on, as_of, by_rule) <> 0) > 100 AS enough,
	count(*) FILTER (WHERE (dunning.late_penalty(history, due_on, as_of, by_rule)).total <> (SELECT coalesce(sum(amount), 0) FROM dunning.explain_penalty(history, due_on, as_of, by_rule))) AS unexplained,
	count(*) FILTER (WHERE dunning.late_interest(history, due_on, as_of, by_rule) <> (SELECT coalesce(sum(amount), 0) FROM dunning.explain_penalty(history, due_on, as_of, by_rule) WHERE kind <> 'compensation')) AS other_interest,
	count(*) FILTER (WHERE EXISTS (SELECT FROM dunning.explain_payments(history, due_on, as_of, by_rule) AS p
		WHERE p.amount <> p.costs + p.interest + p.principal + p.unassigned + p.returned OR least(p.costs, p.interest, p.principal, p.unassigned, p.returned) < 0)) AS lost,
	count(*) FILTER (WHERE coalesce((SELECT sum(p.amount) FROM dunning.explain_payments(history, due_on, as_of, by_rule) AS p), 0)
		<> coalesce((SELECT -sum(m.amount) FROM move AS m WHERE m.i = r.i AND m.amount < 0 AND m.d <= as_of), 0)) AS unseen,
	count(*) FILTER (WHERE dunning.late_penalty(x.a, due_on, as_of, by_rule) <> dunning.late_penalty(('{2019-01-01: ' || x.a || '}')::dunning.balance_history, due_on, as_of, by_rule)) AS other_amount,
	count(*) FILTER (WHERE dunning.late_interest(-x.a, due_on, as_of, by_rule) <> -dunning.late_interest(x.a, due_on, as_of, by_rule)) AS not_linear,
	count(*) FILTER (WHERE dunning.penalty_problem(history, due_on, as_of, by_rule) IS NOT NULL) AS problems
FROM rules AS r CROSS JOIN LATERAL (SELECT max(amount) AS a FROM move AS m WHERE m.i = r.i) AS x
GROUP BY t ORDER BY t COLLATE "C";
-- carried: interest and what came from before less the amount
SELECT count(*) FILTER (WHERE abs(carried - (interest + before - amount)) > 0.000000001) AS wrong, bool_or(carried <> 0) AS some
FROM (SELECT e.*, coalesce(lag(carried) OVER (PARTITION BY r.i, r.t ORDER BY segment), 0) AS before FROM rules AS r CROSS JOIN LATERAL dunning.explain_penalty(history, due_on, as_of, by_rule) AS e
	WHERE t IN ('grace 0', 'payments to interest', 'compounded monthly', 'half even; decimals 0') AND kind = 'interest') AS s;
-- amounts beyond any integer
SELECT h, dunning.late_interest(h, '2026-01-31', '2027-01-31', '10'), dunning.late_interest(h, '2026-01-31', '2027-01-31', '10; payments to interest') AS walked
FROM unnest(ARRAY['{2026-01-01: 1000000000000000000000000000000.01, 2026-07-01: -0.01}', '{2026-01-01: 0.000000000000000001}', '{2026-01-01: 99999999999999999, 2026-03-01: 0.0001}']::dunning.balance_history[]) AS h;

DROP VIEW by_hand;
DROP TABLE step, item, move, dated, rules;
DROP FUNCTION raises;
-- late fees: a row for each period, on what was open at its beginning
SELECT segment, kind, from_day, to_day, days, rate, principal, amount, reason
FROM dunning.explain_penalty('{2026-01-01: 1000.00, 2026-03-15: -400.00}'::dunning.balance_history, '2026-01-31', '2026-06-05',
	'8%; compensation 40.00 EUR; fee 1.5% each full month compounded at most 30.00 EUR; fee 7.50 EUR each started 45 days; fee 5% of the original amount once after 5');
SELECT segment, kind, from_day, to_day, days, rate, principal, amount, reason
FROM dunning.explain_penalty(333.33, '2026-01-31', '2026-02-21', '0%; decimals 3; fee 0.5% each started week if professional at most 5 times');
SELECT count(*) AS of_a_credit_note FROM dunning.explain_penalty(-333.33, '2026-01-31', '2026-02-21', '0%; fee 0.5% each started week') WHERE kind = 'late_fee';
SELECT * FROM dunning.explain_payments('{2026-01-01: 1000.00, 2026-03-15: -400.00, 2026-04-30: -700}'::dunning.balance_history, '2026-01-31', '2026-06-05',
	'36.5%; payments to costs; compensation 40.00 EUR; fee 10.00 EUR each started month');
