-- Pictures of aged balances: the bar of characters and the SVG chart.
SET client_min_messages = warning;
CREATE SCHEMA picture_test;
SET search_path = picture_test, public, dunning;
SET xmloption = document;

-- The bar: a character a share, every bucket seen, the width kept.
SELECT b, bar(b, 20) FROM unnest(ARRAY[
	'{100, 20, 10, 5, 1; undated 3} by 30,60,90', '{1000000, 0, 0.01} by 30', '{0, 0, 0} by 30', '{5, -3, 2} by 30', '{1} by ..', '{0, 0; undated 5} by ..0, 1..',
	'{1, 2, 3; invalid NaN} by 30']::aged_balance[]) AS b;
SELECT bar('{1, 1, 1, 1, 1, 1, 1, 1, 1} by 1,2,3,4,5,6,7', 36), length(bar('{100, 20, 10} by 30')) AS width;
SELECT bar('{1, 2, 3; undated 4} by 30', width) FROM unnest(ARRAY[1, 2, 3, 4, 5]) AS width;
SELECT bar(NULL), bar('{1} by ..', NULL);
\set VERBOSITY sqlstate
SELECT bar('{1} by ..', 0);
SELECT bar('{1} by ..', 1001);
\set VERBOSITY default
SELECT setseed(0.5);
SELECT count(*) AS bars, count(*) FILTER (WHERE length(bar(b, w)) <> w) AS other_width,
	count(*) FILTER (WHERE w >= 6 AND (SELECT count(DISTINCT c) FROM string_to_table(bar(b, w), NULL) AS c) <> (SELECT count(*) FROM buckets(b) WHERE amount <> 0)) AS hidden
FROM (SELECT format('{%s; undated 1} by 30,60,90', (SELECT string_agg((CASE WHEN random() < 0.3 THEN 0 ELSE (random() * 10 ^ (random() * 6))::int END)::text, ',')
		FROM generate_series(1, 5) WHERE n > 0))::aged_balance AS b, 1 + (random() * 60)::int AS w
      FROM generate_series(1, 300) AS n) AS r;

-- The chart is well-formed XML whatever the labels are.
CREATE TABLE chart (n int, label text, balance aged_balance);
INSERT INTO chart VALUES (1, 'Martin & Fils <SARL> "x"', '{1200.50, 800, 0, 300, 90; undated 40} by 30,60,90'),
	(2, 'Kowalski GmbH', '{500, 0, 0, 0, 0} by 30,60,90'), (3, E'a\tb\x01c', '{0, -250, 0, 10, 0} by 30,60,90'),
	(4, 'a name that is much longer than what there is room for', '{0, 0, 0, 0, 0} by 30,60,90');
SELECT layout, xml_is_well_formed_document(svg) AS xml, svg NOT LIKE '%<SARL>%' AND svg LIKE '%Martin &amp; Fils &lt;SARL&gt; &quot;x&quot;%' AS escaped,
	svg LIKE '%Receivables &amp; more%' AS title, svg LIKE '%a name that is much longer than ...%' AS shortened
FROM unnest(ARRAY['rows', 'columns']) AS layout,
	LATERAL (SELECT aged_balance_svg(array_agg(label ORDER BY n), array_agg(balance ORDER BY n), 'Receivables & more', 'as of today', layout) FROM chart) AS s (svg);
-- what it says: the amounts with separators, one rectangle for each part of a bar, and the axis
SELECT (SELECT string_agg(m[1], ' ' ORDER BY n) FROM regexp_matches(svg, 'font-weight="bold">([^<]*)<', 'g') WITH ORDINALITY AS m (m, n)) AS totals,
	(SELECT count(*) FROM regexp_matches(svg, '<rect [^>]*stroke="#ffffff"', 'g')) AS parts,
	(SELECT string_agg(m[1], ' ' ORDER BY n) FROM regexp_matches(svg, 'text-anchor="middle" font-size="11" fill="#52606d">([^<]*)<', 'g') WITH ORDINALITY AS m (m, n)) AS axis,
	(SELECT string_agg(m[1], ', ' ORDER BY n) FROM regexp_matches(svg, 'font-size="11" fill="#52606d">([^<]*%\))<', 'g') WITH ORDINALITY AS m (m, n)) AS legend
FROM (SELECT aged_balance_svg(array_agg(label ORDER BY n), array_agg(balance ORDER BY n)) FROM chart) AS s (svg);
SELECT xml_is_well_formed_document(aged_balance_svg(array_agg(n::text), array_agg(format('{%s, %s, 0; undated 1; invalid NaN} by 30', n, -n)::aged_balance), layout => l)) AS xml
FROM generate_series(1, 40) AS n, unnest(ARRAY['rows', 'columns']) AS l GROUP BY l;
SELECT xml_is_well_formed_document(aged_balance_svg('{}', '{}', 'none')) AS nothing, xml_is_well_formed_document(aged_balance_svg('{a}', '{NULL}')) AS null_balance,
	aged_balance_svg(NULL, '{}') IS NULL AS is_null;
SELECT grouped(amount, 2, ','), grouped(amount, 0, ' ') FROM unnest(ARRAY[0, 999.995, -1234567.891, 0.001, -0.001, 1e15]::numeric[]) AS amount;
-- colours grow darker, so that a grey print keeps them apart
SELECT last, string_agg(bucket_colour(b, last), ' ' ORDER BY b) AS colours FROM unnest(ARRAY[0, 1, 2, 4, 5]) AS last, generate_series(0, last) AS b GROUP BY last ORDER BY last;
SELECT count(*) FILTER (WHERE grey >= before) AS not_darker, count(*) FILTER (WHERE grey IS NULL) AS missing
FROM (SELECT last, b, grey, lag(grey) OVER (PARTITION BY last ORDER BY b) AS before
      FROM generate_series(1, 31) AS last, generate_series(0, last) AS b,
	LATERAL (SELECT bucket_colour(b, last) AS c) AS k,
	LATERAL (SELECT get_byte(decode(substr(c, 2), 'hex'), 0) * 0.299 + get_byte(decode(substr(c, 2), 'hex'), 1) * 0.587 + get_byte(decode(substr(c, 2), 'hex'), 2) * 0.114 AS grey) AS g) AS d;

\set VERBOSITY sqlstate
SELECT aged_balance_svg('{a}', '{}');
SELECT aged_balance_svg('{a}', '{"{1} by .."}', layout => 'pie');
SELECT aged_balance_svg('{a,b}', ARRAY['{1} by ..', '{1, 2} by ..0, 1..']::aged_balance[]);
SELECT aged_balance_svg(array_agg('x'::text), array_agg(aged_balance '{1} by ..')) FROM generate_series(1, 201);
\set VERBOSITY default

RESET xmloption;
DROP SCHEMA picture_test CASCADE;
