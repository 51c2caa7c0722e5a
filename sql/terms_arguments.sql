-- Arguments of the functions of payment terms: what is NULL, and what is text.
SET search_path = public;
SET datestyle = 'ISO, YMD';
\pset null '(null)'

-- 1. An optional argument that is NULL counts as omitted.
SELECT dunning.due_date('2026-04-01', terms, NULL) AS due, dunning.due_date('2026-04-01', terms, NULL) = dunning.due_date('2026-04-01', terms) AS as_omitted
FROM unnest(ARRAY['net 30', 'net 3; following business day']::dunning.payment_terms[]) AS terms;
SELECT * FROM dunning.instalments('2026-04-01', 100, '33% net 3; balance net 30; following business day', NULL, NULL);
SELECT dunning.discount('2026-04-01', 100.005, '2026-04-11', '2% 9 days, net 30; following business day', NULL, NULL, NULL);
SELECT * FROM dunning.discount_offers('2026-04-01', 100.005, '2% 10 days, net 30; following business day; tax reduced never', NULL, NULL, NULL);
SELECT dunning.annualised_cost('2/10 net 30', NULL, NULL);
SELECT dunning.is_business_day('2026-04-04', NULL), dunning.add_business_days('2026-04-03', 1, NULL), dunning.to_business_day('2026-04-04', NULL, NULL),
	dunning.to_business_day('2026-04-04', NULL, 'preceding') AS preceding, dunning.to_business_day('2026-04-04', 'fri', NULL) AS open;
SELECT dunning.describe_terms('2/10 net 30', NULL);

-- 2. A required one that is NULL gives NULL, or no rows.
SELECT dunning.due_date(NULL, 'net 30', 'sat sun') AS a, dunning.due_date('2026-04-01', NULL::dunning.payment_terms, NULL) AS b, dunning.due_date('2026-04-01', NULL::text) AS c,
	dunning.discount(NULL, 1, '2026-04-01', 'net 30') AS d, dunning.discount('2026-04-01', NULL, '2026-04-01', 'net 30') AS e,
	dunning.discount('2026-04-01', 1, NULL, 'net 30') AS f, dunning.discount('2026-04-01', 1, '2026-04-01', NULL) AS g,
	dunning.is_business_day(NULL, 'sat') AS h, dunning.add_business_days(NULL, 1) AS i, dunning.add_business_days('2026-04-01', NULL) AS j,
	dunning.to_business_day(NULL, 'sat', 'later') AS k, dunning.describe_terms(NULL, 'xx') AS l, dunning.annualised_cost(NULL, NULL, true) AS m, dunning.holiday_calendar(NULL) AS n;
SELECT 'instalments' AS f, count(*) FROM (SELECT FROM dunning.instalments(NULL, 1, 'net 30') UNION ALL SELECT FROM dunning.instalments('2026-04-01', NULL, 'net 30')
	UNION ALL SELECT FROM dunning.instalments('2026-04-01', 1, NULL::text) UNION ALL SELECT FROM dunning.instalments('2026-04-01', 1, NULL::dunning.payment_terms)) AS x
UNION ALL SELECT 'discount_offers', count(*) FROM (SELECT FROM dunning.discount_offers(NULL, 1, '2/10 net 30') UNION ALL SELECT FROM dunning.discount_offers('2026-04-01', NULL, '2/10 net 30')
	UNION ALL SELECT FROM dunning.discount_offers('2026-04-01', 1, NULL::text) UNION ALL SELECT FROM dunning.discount_offers('2026-04-01', 1, NULL::dunning.payment_terms)) AS x;

-- 3. A calendar that is misspelt is an error that lists the others.
\set SHOW_CONTEXT never
SELECT dunning.due_date('2026-04-01', 'net 3; following business day', dunning.holiday_calendar('frence'));
CREATE TABLE misspelt (d date, t text, due date);
CREATE TRIGGER due BEFORE INSERT ON misspelt FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('d', 't', 'due', 'keep', 'frence');
INSERT INTO misspelt VALUES ('2026-04-01', 'net 30');
DROP TABLE misspelt;
\set SHOW_CONTEXT errors

-- 4. Terms may be text or varchar, in a table, in a literal and in a parameter.
CREATE TABLE bill (d date, a numeric, t text, v varchar(80), p dunning.payment_terms);
INSERT INTO bill SELECT '2026-04-01', 1000, t, t, t::dunning.payment_terms FROM unnest(ARRAY['2/10 net 30', '30% on order; balance net 60', '2/2 net 3; following business day', NULL, '2/10 net 30', '2/10 net 30']) AS t;
SELECT dunning.due_date(d, t) AS by_text, dunning.due_date(d, v) AS by_varchar, dunning.due_date(d, p) AS by_value,
	dunning.due_date(d, t, dunning.holiday_calendar('france')) AS in_france, dunning.due_date(d, v, 'sat sun; 2026-04-06') AS by_literal, dunning.due_date(d, 'net 30') AS literal FROM bill;
SELECT count(*) AS parts, count(*) FILTER (WHERE i IS DISTINCT FROM j OR i IS DISTINCT FROM k) AS wrong
FROM bill, LATERAL ROWS FROM (dunning.instalments(d, a, t), dunning.instalments(d, a, v), dunning.instalments(d, a, p)) AS r (n, due_on, amount, share, n2, due_on2, amount2, share2, n3, due_on3, amount3, share3),
	LATERAL (SELECT ROW(n, due_on, amount, share) AS i, ROW(n2, due_on2, amount2, share2) AS j, ROW(n3, due_on3, amount3, share3) AS k) AS c;
SELECT t, o.* FROM bill, dunning.discount_offers(d, a, v, decimals => 3) AS o WHERE t IS NOT NULL;
SELECT dunning.discount(d, a, '2026-04-11', t) AS by_text, dunning.discount(d, a, '2026-04-11', v, calendar => 'sat') AS by_varchar, dunning.discount(d, a, '2026-04-11', p) AS by_value FROM bill;
PREPARE untyped AS SELECT dunning.due_date($1, $2);
EXECUTE untyped ('2026-04-01', 'net 30');
PREPARE typed (date, varchar) AS SELECT dunning.due_date($1, $2), dunning.due_date(issued_on => $1, terms => $2, calendar => NULL);
EXECUTE typed ('2026-04-01', 'net 30');
DEALLOCATE untyped;
DEALLOCATE typed;
ALTER TABLE bill ADD due date GENERATED ALWAYS AS (dunning.due_date(d, v)) STORED;
CREATE INDEX ON bill (dunning.due_date(d, t));
SELECT due FROM bill WHERE due IS NOT NULL ORDER BY due;
\set VERBOSITY terse
INSERT INTO bill (d, v) VALUES ('2026-04-01', 'whenever');
SELECT dunning.due_date('2026-04-01', '');
SELECT * FROM dunning.instalments('2026-04-01', 1, 'net'::varchar);
\set VERBOSITY default
-- every call site reads its own terms, whatever came before
SELECT count(*) AS wrong FROM (SELECT dunning.due_date('2026-01-01', 'net ' || n % 7) - '2026-01-01'::date - n % 7 AS wrong FROM generate_series(1, 1000) AS n) AS s WHERE wrong <> 0;

DROP TABLE bill;
