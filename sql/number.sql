-- Numbers: what comes back from scaled integers is the number that plain
-- numeric arithmetic has, to the last byte: value, decimals and stored form.
CREATE SCHEMA number_test;
SET search_path = number_test, public, dunning, _dunning;
SELECT setseed(0.25) \gset

-- a number of so many digits, some of them zeros at the end, with so many decimals
CREATE FUNCTION random_number(digits int, decimals int) RETURNS numeric
	LANGUAGE sql AS $$
	SELECT (CASE WHEN random() < 0.5 THEN '-' ELSE '' END || left(string_agg((random() * 1e9)::bigint::text, ''), digits - z.zeros) ||
		repeat('0', z.zeros))::numeric * ('1e-' || decimals)::numeric
	FROM (SELECT (random() * random() * digits * 0.8)::int AS zeros) AS z, generate_series(1, 8) GROUP BY z.zeros
$$;
CREATE FUNCTION differs(a numeric, b numeric) RETURNS boolean
	LANGUAGE sql IMMUTABLE AS $$
	SELECT numeric_send(a) IS DISTINCT FROM numeric_send(b)
$$;
-- a quotient rounded half away from zero, by whole numbers alone: numeric's own division rounds twice
CREATE FUNCTION quotient(a numeric, divisor int, decimals int) RETURNS numeric
	LANGUAGE sql IMMUTABLE AS $$
	SELECT sign(a) * div(2 * abs(a) * ('1e' || decimals)::numeric + divisor, 2 * divisor) * ('1e-' || decimals)::numeric
$$;

CREATE TABLE number AS
	SELECT n, n % 500 AS item, d.digits, d.decimals, random_number(d.digits, d.decimals) AS amount,
		date '2026-01-01' + (random() * 300)::int AS day
	FROM generate_series(1, 20000) AS n,
		LATERAL (SELECT 1 + (random() * 17)::int AS digits, (random() * 18)::int AS decimals WHERE n > 0) AS d;
SELECT count(*) AS numbers, count(*) FILTER (WHERE amount < 0) BETWEEN 8000 AND 12000 AS signs,
	max(scale(amount)) AS decimals, bool_or(abs(amount) >= 1e16) AS large FROM number;

-- one movement, and the balance of many
SELECT count(*) AS wrong FROM number WHERE differs(open_amount(movement(amount, day), day), round(amount, scale(amount)));
SELECT count(*) AS wrong FROM number
	WHERE differs(largest_balance(movement(abs(amount), day)), abs(amount));
SELECT count(*) AS items, count(*) FILTER (WHERE differs(plain, ours)) AS wrong,
	count(*) FILTER (WHERE abs(plain) * 1e18 > 9223372036854775807) > 100 AS wide FROM (
	SELECT sum(amount) AS plain, open_amount(balance_history(amount, day), 'infinity') AS ours
	FROM number GROUP BY item) AS s;
SELECT count(*) AS movements, count(*) FILTER (WHERE differs(m.amount, s.amount)) AS wrong
FROM (SELECT item, balance_history(amount, day) AS history, max(scale(amount)) AS decimals,
		array_agg(round(amount, 18) ORDER BY day, amount DESC) AS amounts FROM number GROUP BY item) AS h,
	LATERAL movements(h.history) WITH ORDINALITY AS m (day, amount, balance, n),
	LATERAL (SELECT round(h.amounts[m.n], h.decimals) AS amount) AS s;

-- the aged balance, also where its sums outgrow 64 bits
SELECT count(*) AS buckets, count(*) FILTER (WHERE differs(b.amount, s.amount)) AS wrong
FROM (SELECT n % 7 AS ledger, aged_balance(amount, day, '2026-10-01', '30,60,90') AS balance,
		max(scale(amount)) AS decimals FROM number GROUP BY 1) AS a,
	LATERAL unnest(amounts(a.balance)) WITH ORDINALITY AS b (amount, n),
	LATERAL (SELECT round(coalesce(sum(amount), 0), a.decimals) AS amount FROM number
		WHERE number.n % 7 = a.ledger AND aging_bucket(day, '2026-10-01', '30,60,90') = b.n - 1) AS s;
WITH large AS (SELECT 900000000000000.0001 * (1 + n % 3) AS amount, n FROM generate_series(1, 40000) AS n)
SELECT total(aged_balance(amount, '2026-01-01', '2026-10-01', '30')) AS ours, sum(amount) AS plain,
	differs(total(aged_balance(amount, '2026-01-01', '2026-10-01', '30')), sum(amount)) AS differs,
	differs(total((aged_series(amount, '2026-01-01', '2026-01-01', ARRAY[date '2026-10-01'], '30'))[1]), sum(amount)) AS series_differs
FROM large;

-- interest: a product and one quotient, rounded once
SELECT count(*) AS wrong FROM number, LATERAL (SELECT day + 1 + n % 400 AS as_of, (n % 97 + 1) * 0.25 AS rate) AS t
	WHERE differs(late_interest(amount, day, as_of, penalty_rule(rate)),
		quotient(amount * rate * (as_of - day), 36500, 2));
SELECT count(*) AS wrong FROM number, LATERAL (SELECT day + 1 + n % 400 AS as_of, (n % 97 + 1) * 0.25 AS rate) AS t
	WHERE differs(late_interest(amount * 1e9, day, as_of, penalty_rule(rate, 'decimals 3')),
		quotient(amount * 1e9 * rate * (as_of - day), 36500, 3));
-- a percentage of the debt
SELECT count(*) AS wrong FROM number, LATERAL (SELECT (n % 970 + 1) * 0.01 AS percent) AS t
	WHERE amount > 0 AND differs(late_compensation(amount, day, day + 1, penalty_rule(1, 'compensation ' || percent || '% EUR')),
		quotient(amount * percent, 100, 2));
-- rates: two decimals, or more where there are more
SELECT count(*) AS wrong FROM generate_series(-20000, 20000, 7) AS n, LATERAL (SELECT n::numeric / 1000 AS rate) AS r
	WHERE differs(rate_on(format('{2026-01-01: %s}', round(rate, 3))::rate_history, '2026-01-01'),
		round(rate, greatest(2, min_scale(rate))));

SET client_min_messages = warning;
DROP SCHEMA number_test CASCADE;
