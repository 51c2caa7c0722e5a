-- Amounts and days for people.
SET search_path = public;
\pset null '(null)'
\set SHOW_CONTEXT never
SELECT a.amount, l.code, dunning.format_money(a.amount, 'EUR', l.code) AS eur, dunning.format_money(a.amount, 'CHF', l.code) AS chf,
	dunning.format_money(a.amount, 'JPY', l.code) AS jpy, dunning.format_money(a.amount, 'TND', l.code) AS tnd, dunning.format_money(a.amount, NULL, l.code) AS "none"
FROM (VALUES (1, 1234567.505), (2, -1000), (3, 0), (4, -0.004), (5, 999.5)) AS a (n, amount), (VALUES (1, 'en'), (2, 'fr'), (3, 'de'), (4, 'nl')) AS l (n, code) ORDER BY l.n, a.n;
-- the space does not break
SELECT encode(convert_to(dunning.format_money(1000, 'EUR', 'fr'), 'UTF8'), 'escape') AS fr, dunning.format_money(12.3456, 'XYZ') AS unknown, dunning.format_money(12, 'XYZ') AS whole,
	dunning.format_money(NULL, 'EUR') AS amount, dunning.format_money(1, 'EUR', NULL) AS language, dunning.format_money('NaN', 'EUR') AS nan;
SELECT code, dunning.format_date('2026-07-01', code), dunning.format_date('0001-12-31', code) AS first FROM unnest(ARRAY['en', 'fr', 'de', 'nl']) AS code;
SELECT dunning.format_date('2026-07-01'), dunning.format_date(NULL) AS day, dunning.format_date('2026-07-01', NULL) AS language;
SELECT dunning.format_money(1, 'EUR', 'xx');
SELECT dunning.format_date('2026-07-01', 'FR');
SELECT dunning.format_date('infinity');
SELECT dunning.format_date('10000-01-01');
