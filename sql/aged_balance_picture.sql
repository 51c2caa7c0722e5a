-- Pictures of aged balances: the bar of characters and the SVG chart.
SET client_min_messages = warning;
CREATE SCHEMA picture_test;
SET search_path = picture_test, public, dunning, _dunning;

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

-- What XML asks of a document, for a server without libxml, too: known entities,
-- one root, every element closed.
CREATE FUNCTION well_formed(document text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	token text[];
	unclosed text[] := '{}';
	seen bigint := 0;
BEGIN
	FOR token IN SELECT regexp_matches(document, '(<(/?)([a-z]+)(?: [a-zA-Z0-9:-]+="[^"<>]*")*(/?)>|[^<>]+)', 'g') LOOP
		IF token[1] ~ '&(?!(amp|lt|gt|quot);)' OR token[1] ~ '[\x01-\x09\x0b-\x1f]' OR token[1] <> E'\n' AND unclosed = '{}' AND seen > 0 THEN
			RETURN false;
		ELSIF token[2] = '/' AND token[3] IS DISTINCT FROM unclosed[cardinality(unclosed)] THEN
			RETURN false;
		ELSIF token[2] = '/' THEN
			unclosed := trim_array(unclosed, 1);
		ELSIF token[4] = '' THEN
			unclosed := unclosed || token[3];
		END IF;
		seen := seen + length(token[1]);
	END LOOP;
	RETURN document LIKE '<svg %' AND unclosed = '{}' AND seen = length(document);
END $$;
SELECT document, well_formed(document) FROM unnest(ARRAY['<svg x="1"><a>1 &amp; 2</a><b/></svg>', '<svg x="1"><a></svg>', '<svg x="1">&</svg>',
	'<svg x="1">1 < 2</svg>', '<svg x="1"/><svg x="1"/>', '<svg x="1"><a></b></svg>', '<svg x=1></svg>']) AS document;
-- the texts of a kind in a chart, in their order
CREATE FUNCTION texts(document text, style text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(m[1], ' | ' ORDER BY n) FROM regexp_matches(document, '<text [^>]*' || style || '>([^<]*)<', 'g') WITH ORDINALITY AS m (m, n) $$;

-- The chart is a document of its own whatever the labels are.
CREATE TABLE chart (n int, label text, balance aged_balance);
INSERT INTO chart VALUES (1, 'Martin & Fils <SARL> "x"', '{1200.50, 800, 0, 300, 90; undated 40} by 30,60,90'),
	(2, 'Kowalski GmbH', '{500, 0, 0, 0, 0} by 30,60,90'), (3, E'a\tb\x01c', '{0, -250, 0, 10, 0} by 30,60,90'),
	(4, 'a name that is much longer than what there is room for in a chart', '{0, 0, 0, 0, 0} by 30,60,90');
SELECT layout, well_formed(svg), svg NOT LIKE '%<SARL>%' AND svg LIKE '%Martin &amp; Fils &lt;SARL&gt; &quot;x&quot;%' AS escaped,
	svg LIKE '%Receivables &amp; more%' AS title, svg LIKE '%a name that is much %...%' AS shortened
FROM unnest(ARRAY['rows', 'columns']) AS layout,
	LATERAL (SELECT aged_balance_svg(array_agg(label ORDER BY n), array_agg(balance ORDER BY n), 'Receivables & more', 'as of today', layout) FROM chart) AS s (svg);
-- what it says: totals, the axis, the legend
SELECT texts(svg, ' font-weight="bold"') AS totals, texts(svg, ' text-anchor="middle"') AS axis, texts(svg, 'fill="#52606d"') AS legend
FROM (SELECT aged_balance_svg(array_agg(label ORDER BY n), array_agg(balance ORDER BY n)) FROM chart) AS s (svg);
SELECT texts(svg, ' font-weight="bold"') AS totals, texts(svg, ' text-anchor="end"') AS axis, texts(svg, 'fill="#52606d"') AS legend
FROM (SELECT aged_balance_svg(array_agg(left(label, 9) ORDER BY n), array_agg(balance ORDER BY n), layout => 'columns') FROM chart WHERE n < 4) AS s (svg);
-- every part of a bar is as long as its amount, by the numbers at the axis
SELECT layout, count(b.n) AS parts, count(a.n) AS amounts, count(*) FILTER (WHERE abs(b.pixels - z.scale * a.amount) <= 0.3) AS as_long
FROM (SELECT layout, aged_balance_svg(array_agg(n::text ORDER BY n), array_agg(balance ORDER BY n), layout => layout, separator => '') AS svg,
		CASE layout WHEN 'rows' THEN 1 ELSE 2 END AS way
	FROM chart, unnest(ARRAY['rows', 'columns']) AS layout GROUP BY layout) AS s,
	LATERAL (SELECT (max(m[way]::numeric) - min(m[way]::numeric)) / 1000
		FROM regexp_matches(svg, '<text x="([^"]*)" y="([^"]*)" font-size="11" fill="#52606d" text-anchor="[a-z]*">(?:0|1000)<', 'g') AS m) AS z (scale),
	LATERAL (SELECT * FROM
		(SELECT m[way]::numeric, n FROM regexp_matches(svg, '<rect x="[^"]*" y="[^"]*" width="([^"]*)" height="([^"]*)" fill="[^"]*"/>', 'g') WITH ORDINALITY AS m (m, n)) AS b (pixels, n)
		FULL JOIN (SELECT row_number() OVER (ORDER BY c.n, u.n) AS m, abs(u.amount) AS amount FROM chart AS c, unnest(amounts(c.balance)) WITH ORDINALITY AS u (amount, n) WHERE u.amount <> 0) AS a ON a.m = b.n) AS b (pixels, n, m, amount),
	LATERAL (SELECT b.m AS n, b.amount) AS a
GROUP BY layout ORDER BY layout;

-- Nothing to draw is a chart, too: no bar, bars of zero, an invoice and its credit note.
SELECT layout, name, well_formed(svg), texts(svg, '') FROM unnest(ARRAY['rows', 'columns']) AS layout, LATERAL (VALUES
	(1, 'no arrays', aged_balance_svg(NULL, NULL, 'none', layout => layout)),
	(2, 'no rows', (SELECT aged_balance_svg(array_agg(label), array_agg(balance), 'none', layout => layout) FROM chart WHERE n < 0)),
	(3, 'zero', aged_balance_svg('{A}', ARRAY['{0,0,0} by 30']::aged_balance[], layout => layout)),
	(4, 'invalid', aged_balance_svg('{A}', ARRAY['{0,0,0; invalid NaN} by 30']::aged_balance[], layout => layout)),
	(5, 'credited', (SELECT aged_balance_svg('{A}', ARRAY[aged_balance(amount, '2026-01-01', '2026-06-30', '30')], layout => layout) FROM (VALUES (100), (-100)) AS v (amount))),
	(6, 'NULL', aged_balance_svg('{A,NULL,C}', ARRAY['{5,0,0} by 30', '{1,2,3} by 30', NULL]::aged_balance[], NULL, NULL, layout, NULL, '.', NULL))) AS v (n, name, svg)
ORDER BY layout DESC, n;
SELECT layout, well_formed(aged_balance_svg(array_agg(n::text), array_agg(format('{%s, %s, 0; undated 1; invalid NaN} by 30', n, -n)::aged_balance), layout => layout))
FROM generate_series(1, 40) AS n, unnest(ARRAY['rows', 'columns']) AS layout GROUP BY layout ORDER BY layout;
-- shares where they are parts of a whole
SELECT texts(aged_balance_svg('{a}', ARRAY[b]), 'fill="#52606d"') FROM unnest(ARRAY['{90, 10, 0} by 30', '{100, -1, 2} by 30', '{100, -60, 1} by 30', '{-5, 0, 0} by 30']::aged_balance[]) AS b;

-- Texts stay on the page: the widths are those of DejaVu Sans, the widest font asked for.
SELECT name, x - 12 * width > 0 AS on_page FROM (VALUES ('MARTIN & FILS MENUISERIE WAGRAM', 18.86), ('mmmmmmmmmmmmmmmmmmmmmmmmmm', 25.33)) AS v (name, width),
	LATERAL (SELECT aged_balance_svg(ARRAY[name], ARRAY['{1} by ..']::aged_balance[])) AS s (svg),
	LATERAL (SELECT m[1]::numeric FROM regexp_matches(svg, '<text x="([^"]*)" y="[^"]*" text-anchor="end">') AS m) AS t (x);
SELECT layout, min(m[1]::numeric - 12 * CASE layout WHEN 'rows' THEN 1 ELSE 0.766 END * (0.989 * (length(m[2]) - 3) + 0.954)) > 0 AS on_page, bool_and(m[2] LIKE 'WW%...') AS cut
FROM unnest(ARRAY['rows', 'columns']) AS layout, LATERAL (SELECT aged_balance_svg(array_agg(repeat('W', 34)), array_agg(aged_balance '{1} by ..'), layout => layout) FROM generate_series(1, 9)) AS s (svg),
	LATERAL (SELECT * FROM regexp_matches(svg, '<text x="([^"]*)" y="[^"]*" text-anchor="end"[^>]*>(W[^<]*)<', 'g') AS m) AS t GROUP BY layout;
-- titles are wrapped, and a word that is too long is cut
SELECT line, length(line) FROM regexp_split_to_table(texts(aged_balance_svg('{}', '{}',
	'The receivables of the group and of all its subsidiaries in France, Belgium and Luxembourg as of 30 June 2026, before write-offs',
	repeat('x', 300) || E'\n\t ' || repeat('in thousands of euros, ', 9)), ''), ' \| ') WITH ORDINALITY AS l (line, n) ORDER BY n;
SELECT wrap_text(t, 10, 100) FROM unnest(ARRAY['', ' ', 'a', E' a\n b ', 'aaaaaaaaaa bbbbbbbbbb ccc', repeat('a', 40)]) AS t;
-- each word is measured once, whatever the width
BEGIN;
SET LOCAL statement_timeout = '60s';
SELECT width, cardinality(wrap_text(repeat('ab ', 10000), 10, width)) AS lines FROM unnest(ARRAY[-1, 0, 1e9]) AS width;
SELECT cardinality(wrap_text(repeat('ab ', 10000), -10, 20)) AS lines;
COMMIT;
SELECT count(*) AS texts, count(*) FILTER (WHERE cut <> t AND cut NOT LIKE '%...' OR text_width(cut, 12) > 60 OR left(t, length(rtrim(cut, '.'))) <> rtrim(cut, '.')) AS wrong,
	count(*) FILTER (WHERE (cut = t) <> (text_width(t, 12) <= 60)) AS cut_wrongly
FROM generate_series(0, 99) AS n, LATERAL (SELECT left(repeat('iW a1', 20), n)) AS v (t), LATERAL (SELECT cut_text(t, 12, 60)) AS c (cut);

-- Columns: all totals as long as they have room, lying or standing; labels far enough from each other, the last one always.
SELECT bars, well_formed(svg), (SELECT count(*) FROM regexp_matches(svg, 'font-size="11" font-weight="bold"[^>]*>3,7', 'g')) - 1 AS totals,
	svg LIKE '%font-weight="bold" transform="rotate(-90 %' AS standing, labels, least_gap >= 20 AS apart,
	(SELECT count(*) FROM regexp_matches(svg, '>last<', 'g')) = 2 AS last
FROM unnest(ARRAY[6, 24, 52, 156, 200]) AS bars,
	LATERAL (SELECT aged_balance_svg(array_agg(CASE n WHEN bars THEN 'last' ELSE to_char(date '2023-01-01' + n * 7, 'YYYY-MM-DD') END ORDER BY n),
		array_agg(format('{%s, 0, 0} by 30', 3700000 + n)::aged_balance ORDER BY n), layout => 'columns') FROM generate_series(1, bars) AS n) AS s (svg),
	LATERAL (SELECT count(*), min(gap) FROM (
		SELECT m[1]::numeric - lag(m[1]::numeric) OVER (ORDER BY n)
		FROM regexp_matches(svg, '<text x="([^"]*)" y="[^"]*" text-anchor="(?:end|middle)"(?: transform="rotate\(-40 [^"]*")?>', 'g') WITH ORDINALITY AS m (m, n)) AS g (gap)) AS l (labels, least_gap);
-- the line of zero is over the bars
SELECT layout, position('<rect' IN split_part(svg, 'stroke="#52606d"/>', 2)) = 0 AS over
FROM unnest(ARRAY['rows', 'columns']) AS layout, LATERAL (SELECT aged_balance_svg(array_agg(n::text), array_agg(balance), layout => layout) FROM chart) AS s (svg);
-- the numbers at the axis do not touch: 13 figures of DejaVu Sans and 4 separators
SELECT min(gap) > 11 * (13 * 0.636 + 4 * 0.318) AS apart, count(*) > 2 AS lines
FROM (SELECT m[1]::numeric - lag(m[1]::numeric) OVER (ORDER BY n) FROM regexp_matches(aged_balance_svg('{a}', ARRAY['{5000000000000} by ..']::aged_balance[]),
	'<text x="([^"]*)" y="[^"]*" font-size="11" fill="#52606d" text-anchor="middle"', 'g') WITH ORDINALITY AS m (m, n)) AS g (gap);

-- Numbers and words of other languages.
SELECT texts(aged_balance_svg('{a,b}', ARRAY['{5555.5, 0, 2.25; undated 3} by 30', '{1, 0, 0; invalid NaN} by 30']::aged_balance[], separator => s, decimal_sign => d,
	words => '{"not due": "zu fr\u0075h & co", "no due date": "sans date", "total": "en tout", "no valid amount": "non valable"}'), '')
FROM (VALUES ('.', ','), (' ', ','), ('', ','), ('<', '&'), ('''', '.'), ('\', ','), ('\1', ',')) AS v (s, d);
SELECT texts(aged_balance_svg('{a}', ARRAY['{55.5, 0, 2.25} by 30']::aged_balance[], separator => '.', decimal_sign => ','), '');
SELECT grouped(amount, 2, ',', '.'), grouped(amount, 0, ' ', ','), grouped(amount, 1, '.', ',')
FROM unnest(ARRAY[0, 999.995, -1234567.891, 0.001, -0.001, 1e15]::numeric[]) AS amount;
-- steps of an axis: the number before in 1, 2, 5, 10 would be too small
SELECT count(*) AS steps, count(*) FILTER (WHERE step * parts < span) AS too_many, count(*) FILTER (WHERE smaller * parts >= span) AS too_few,
	string_agg(DISTINCT digit, ' ' ORDER BY digit) AS digits
FROM (SELECT (random() * 10 ^ (n % 12 - 4) + 0.00001)::numeric AS span, 1 + n % 6 AS parts FROM generate_series(1, 500) AS n) AS v,
	LATERAL (SELECT axis_step(span, parts) AS step) AS s, LATERAL (SELECT trim('0.' FROM step::text) AS digit) AS d,
	LATERAL (SELECT step / CASE digit WHEN '5' THEN 2.5 ELSE 2 END AS smaller) AS f;
SELECT span, axis_step(span, 6) FROM unnest(ARRAY[6e-20, 0.006, 6, 6.01, 1e30]::numeric[]) AS span;
SELECT span, axis_step(span, parts) IS NULL AS none FROM unnest(ARRAY['-Infinity', -1, 0, 'Infinity', 'NaN', 1, 1]::numeric[], ARRAY[0, 6, 6, 6, 6, 0, -1]) AS v (span, parts);
-- what no XML can hold, where the encoding has it
SELECT count(*) AS held FROM generate_series(65534, 65535) AS n
WHERE CASE WHEN getdatabaseencoding() = 'UTF8' THEN xml_text('a' || chr(n) || 'b') <> 'a b' END;
-- a column whose collation takes names that differ in case as one
DO $$
BEGIN
	CREATE COLLATION picture_test.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
EXCEPTION WHEN OTHERS THEN
	CREATE COLLATION picture_test.any_case FROM "C";
END $$;
SELECT well_formed(aged_balance_svg(array_agg(label COLLATE any_case), array_agg(balance), max(label COLLATE any_case), layout => layout) COLLATE "C")
FROM chart, unnest(ARRAY['rows', 'columns']) AS layout GROUP BY layout;

-- colours grow darker, so that a grey print keeps them apart
SELECT last, string_agg(bucket_colour(b, last), ' ' ORDER BY b) AS colours FROM unnest(ARRAY[0, 1, 2, 4, 5]) AS last, generate_series(0, last) AS b GROUP BY last ORDER BY last;
SELECT count(*) FILTER (WHERE grey >= before) AS not_darker, count(*) FILTER (WHERE grey IS NULL) AS missing
FROM (SELECT last, b, grey, lag(grey) OVER (PARTITION BY last ORDER BY b) AS before
      FROM generate_series(1, 31) AS last, generate_series(0, last) AS b,
	LATERAL (SELECT bucket_colour(b, last) AS c) AS k,
	LATERAL (SELECT get_byte(decode(substr(c, 2), 'hex'), 0) * 0.299 + get_byte(decode(substr(c, 2), 'hex'), 1) * 0.587 + get_byte(decode(substr(c, 2), 'hex'), 2) * 0.114 AS grey) AS g) AS d;

\set VERBOSITY sqlstate
SELECT aged_balance_svg('{a}', '{}');
SELECT aged_balance_svg('{a}', NULL);
SELECT aged_balance_svg('{{a},{b}}', '{NULL,NULL}');
SELECT aged_balance_svg('{a}', '{"{1} by .."}', layout => 'pie');
SELECT aged_balance_svg('{a}', '{"{1} by .."}', layout => NULL) = aged_balance_svg('{a}', '{"{1} by .."}') AS no_layout_is_the_default;
SELECT aged_balance_svg('{a}', '{"{1} by .."}', separator => '.');
SELECT aged_balance_svg('{a}', '{"{1} by .."}', decimal_sign => ',');
SELECT aged_balance_svg('{a}', '{"{1} by .."}', decimal_sign => '');
SELECT aged_balance_svg('{a}', '{"{1} by .."}', decimal_sign => NULL) = aged_balance_svg('{a}', '{"{1} by .."}') AS no_sign_is_the_default;
SELECT aged_balance_svg('{a,b}', ARRAY['{1} by ..', '{1, 2} by ..0, 1..']::aged_balance[]);
SELECT aged_balance_svg(array_agg('x'::text), array_agg(aged_balance '{1} by ..')) FROM generate_series(1, 201);
\set VERBOSITY default

DROP SCHEMA picture_test CASCADE;
