-- Named schemes: how other systems age, from the table of their conventions.
SET client_min_messages = warning;
CREATE SCHEMA names_test;
SET search_path = names_test, public, dunning, _dunning;

SELECT name, scheme FROM dunning.scheme WHERE shipped ORDER BY name COLLATE "C";

-- An item due today, 1, 30 and 31 days late, and one not due for a while.
SELECT s.name, string_agg(bucket_label(date '2026-06-30' - age, '2026-06-30', s.scheme), ' | ' ORDER BY n) AS today_1_30_31_ahead
FROM dunning.scheme AS s, unnest(ARRAY[0, 1, 30, 31, -10]) WITH ORDINALITY AS a (age, n)
WHERE s.shipped GROUP BY s.name ORDER BY s.name COLLATE "C";

-- Each system's own arithmetic beside its scheme, on every age from -150 to 150
-- and every day of four years.
CREATE TABLE as_of AS SELECT d::date AS as_of FROM generate_series(timestamp '2023-12-25', '2027-12-31', interval '1 day') AS d;
CREATE FUNCTION month_end_before(d date) RETURNS date LANGUAGE sql IMMUTABLE AS $$ SELECT date_trunc('month', d::timestamp)::date - 1 $$;
-- periods that end with the day asked for: from the day after it a month back, and on from there
CREATE TABLE period AS
WITH RECURSIVE p (as_of, n, starts) AS (
	SELECT as_of, 0, as_of + 1 FROM as_of
	UNION ALL SELECT as_of, n + 1, (starts - interval '1 month')::date FROM p WHERE n < 3)
SELECT as_of, array_agg(starts ORDER BY n) AS starts FROM p WHERE n > 0 GROUP BY as_of;
CREATE TABLE own AS
SELECT as_of, as_of - age AS due_on, age,
	CASE WHEN age <= 0 THEN 0 WHEN age <= 30 THEN 1 WHEN age <= 60 THEN 2 WHEN age <= 90 THEN 3 WHEN age <= 120 THEN 4 ELSE 5 END AS odoo,
	CASE WHEN age <= 0 THEN 0 WHEN age <= 30 THEN 1 WHEN age <= 60 THEN 2 WHEN age <= 90 THEN 3 ELSE 4 END AS xtuple,
	CASE WHEN age < 0 THEN 0 WHEN age <= 30 THEN 1 WHEN age <= 60 THEN 2 WHEN age <= 90 THEN 3 WHEN age <= 120 THEN 4 ELSE 5 END AS erpnext,
	CASE WHEN age < 0 THEN 0 WHEN age < 30 THEN 1 WHEN age < 60 THEN 2 WHEN age < 90 THEN 3 ELSE 4 END AS tryton,
	CASE WHEN age / 30 < 0 THEN 0 WHEN age / 30 = 0 THEN 1 WHEN age / 30 = 1 THEN 2 WHEN age / 30 = 2 THEN 3 ELSE 4 END AS ledgersmb,
	CASE WHEN age <= 0 THEN 0 WHEN age < 30 THEN 1 WHEN age < 60 THEN 2 WHEN age < 90 THEN 3 WHEN age < 120 THEN 4 ELSE 5 END AS statement,
	CASE WHEN age <= 0 THEN 0 WHEN as_of - age > month_end_before(as_of) THEN 1 WHEN as_of - age > month_end_before(month_end_before(as_of)) THEN 2
		WHEN as_of - age > month_end_before(month_end_before(month_end_before(as_of))) THEN 3
		WHEN as_of - age > month_end_before(month_end_before(month_end_before(month_end_before(as_of)))) THEN 4 ELSE 5 END AS statement_months,
	CASE WHEN age < 0 THEN 0 WHEN age <= 29 THEN 1 WHEN age <= 59 THEN 2 WHEN age <= 89 THEN 3 ELSE 4 END AS dynamics,
	CASE WHEN age < 0 THEN 0 WHEN as_of - age >= starts[1] THEN 1 WHEN as_of - age >= starts[2] THEN 2 WHEN as_of - age >= starts[3] THEN 3 ELSE 4 END AS dynamics_months
FROM period, generate_series(-150, 150) AS age;
SELECT count(*) AS items,
	count(*) FILTER (WHERE aging_bucket(due_on, as_of, (SELECT scheme FROM dunning.scheme WHERE name = 'odoo')) <> odoo) AS odoo,
	count(*) FILTER (WHERE aging_bucket(due_on, as_of, (SELECT scheme FROM dunning.scheme WHERE name = 'xtuple')) <> xtuple) AS xtuple,
	count(*) FILTER (WHERE aging_bucket(due_on, as_of, (SELECT scheme FROM dunning.scheme WHERE name = 'erpnext')) <> erpnext) AS erpnext,
	count(*) FILTER (WHERE aging_bucket(due_on, as_of, (SELECT scheme FROM dunning.scheme WHERE name = 'tryton')) <> tryton) AS tryton,
	count(*) FILTER (WHERE aging_bucket(due_on, as_of, (SELECT scheme FROM dunning.scheme WHERE name = 'ledgersmb')) <> ledgersmb) AS ledgersmb,
	count(*) FILTER (WHERE aging_bucket(due_on, as_of, (SELECT scheme FROM dunning.scheme WHERE name = 'statement')) <> statement) AS statement,
	count(*) FILTER (WHERE aging_bucket(due_on, as_of, (SELECT scheme FROM dunning.scheme WHERE name = 'statement_months')) <> statement_months) AS statement_months,
	count(*) FILTER (WHERE aging_bucket(due_on, as_of, (SELECT scheme FROM dunning.scheme WHERE name = 'dynamics')) <> dynamics) AS dynamics,
	count(*) FILTER (WHERE aging_bucket(due_on, as_of, (SELECT scheme FROM dunning.scheme WHERE name = 'dynamics_months')) <> dynamics_months) AS dynamics_months
FROM own;
-- months back from the day itself are the interval of SQL
SELECT count(*) AS items, count(*) FILTER (WHERE aging_bucket(due_on, as_of, '1 month, 2 months, 3 months') <>
	CASE WHEN age <= 0 THEN 0 WHEN due_on >= as_of - interval '1 month' THEN 1 WHEN due_on >= as_of - interval '2 months' THEN 2
		WHEN due_on >= as_of - interval '3 months' THEN 3 ELSE 4 END) AS months
FROM own;

DROP SCHEMA names_test CASCADE;
