-- Templates: the public suite of Mustache, and awkward values in every kind of tag.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT no_plan();

CREATE TEMP TABLE suite (file text, content jsonb);
\set content `cat test/data/mustache-spec/comments.json`
INSERT INTO suite VALUES ('comments', :'content');
\set content `cat test/data/mustache-spec/delimiters.json`
INSERT INTO suite VALUES ('delimiters', :'content');
\set content `cat test/data/mustache-spec/interpolation.json`
INSERT INTO suite VALUES ('interpolation', :'content');
\set content `cat test/data/mustache-spec/inverted.json`
INSERT INTO suite VALUES ('inverted', :'content');
\set content `cat test/data/mustache-spec/partials.json`
INSERT INTO suite VALUES ('partials', :'content');
\set content `cat test/data/mustache-spec/sections.json`
INSERT INTO suite VALUES ('sections', :'content');

SELECT cmp_ok(sum(jsonb_array_length(content->'tests')), '>=', 130::bigint, 'the suite has its tests') FROM suite;
SELECT is(dunning.render(t->>'template', t->'data', t->'partials', 'html'), t->>'expected', format('%s: %s', s.file, t->>'name'))
FROM suite AS s, jsonb_array_elements(s.content->'tests') WITH ORDINALITY AS e (t, n) ORDER BY s.file, n;

-- What is awkward comes out whole: as it is in a text, and harmless in HTML.
CREATE TEMP TABLE awkward (n integer GENERATED ALWAYS AS IDENTITY, value text);
INSERT INTO awkward (value) VALUES (''), ('O''Neil & Sons "Ltd"'), ('<script>alert(1)</script>'), ('{{name}}'), ('{{{name}}} {{#a}} {{/b}} {{=<% %>=}}'),
	('&amp; &lt;'), (E'two\nlines\r\n\tand a tab'), (U&'\05E9\05DC\05D5\05DD \202Eabc\202C'), (U&'\00E9\4E2D\+01F600'), (repeat('<&>', 3000)), (E'\\x00 \\n'), (repeat('x', 10000));
SELECT is((SELECT string_agg(dunning.render('{{v}}|{{{v}}}|{{&v}}|{{#o}}{{v}}{{/o}}|{{#l}}{{.}}{{/l}}|{{>p}}',
		jsonb_build_object('v', value, 'o', jsonb_build_object('v', value), 'l', jsonb_build_array(value)), '{"p": "{{v}}"}', 'text'), '' ORDER BY n) FROM awkward),
	(SELECT string_agg(array_to_string(array_fill(value, ARRAY[6]), '|'), '' ORDER BY n) FROM awkward), 'a text holds values as they are');
SELECT is((SELECT string_agg(dunning.render('{{v}}|{{{v}}}|{{&v}}|{{#o}}{{v}}{{/o}}|{{#l}}{{.}}{{/l}}|{{>p}}',
		jsonb_build_object('v', value, 'o', jsonb_build_object('v', value), 'l', jsonb_build_array(value)), '{"p": "{{v}}"}', 'html'), '' ORDER BY n) FROM awkward),
	(SELECT string_agg(concat_ws('|', e, value, value, e, e, e), '' ORDER BY n) FROM awkward,
		LATERAL (SELECT replace(replace(replace(replace(replace(value, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;') AS e) AS x),
	'HTML holds them escaped, unless the tag says otherwise');

-- a name with such letters, and one with quotes, is a name
SELECT is((SELECT string_agg(dunning.render('{{' || name || '}}', jsonb_build_object(name, 'x')), '' ORDER BY name)
	FROM unnest(ARRAY['é', 'a-b', '"', '''', 'a:b', '1', U&'\+01F600']) AS name), 'xxxxxxx', 'names of all kinds');

-- numbers are written as the context has them
SELECT is(dunning.render('{{a}} {{b}} {{c}} {{d}} {{e}} {{f}} {{g}}',
	'{"a": 1.50, "b": -0.00, "c": 123456789012345678901234567890.1200, "d": 1e3, "e": 1E-7, "f": 10, "g": 0}'),
	'1.50 0.00 123456789012345678901234567890.1200 1000 0.0000001 10 0', 'numbers keep their decimals');
-- false is what is not there, null, false, 0, an empty text and an empty list
SELECT is(dunning.render('{{#a}}a{{/a}}{{#b}}b{{/b}}{{#c}}c{{/c}}{{#d}}d{{/d}}{{#e}}e{{/e}}{{#f}}f{{/f}}|{{^a}}a{{/a}}{{^b}}b{{/b}}{{^c}}c{{/c}}{{^d}}d{{/d}}{{^e}}e{{/e}}{{^f}}f{{/f}}',
	'{"b": null, "c": false, "d": 0.00, "e": "", "f": []}'), '|abcdef', 'what is false');
SELECT is(dunning.render('{{#a}}a{{/a}}{{#b}}b{{/b}}{{#c}}c{{/c}}{{#d}}d{{/d}}{{#e}}e{{/e}}|{{^a}}a{{/a}}{{^b}}b{{/b}}{{^c}}c{{/c}}{{^d}}d{{/d}}{{^e}}e{{/e}}',
	'{"a": true, "b": {}, "c": 0.01, "d": "0", "e": [0]}'), 'abcde|', 'and what is true');

-- A call site keeps the template that it read; another one, and other partials, are read anew.
CREATE TEMP TABLE job (n integer, template text, context jsonb, partials jsonb, result text);
INSERT INTO job SELECT n, CASE n % 3 WHEN 0 THEN 'a{{x}}{{>p}}' WHEN 1 THEN 'a{{x}}{{>q}}' ELSE '{{#x}}b{{/x}}' END, jsonb_build_object('x', n),
	CASE n % 4 WHEN 0 THEN '{"p": "[{{x}}]"}' WHEN 1 THEN '{"p": "({{x}})", "q": "<{{x}}>"}' WHEN 2 THEN NULL ELSE '{"q": null, "p": "p"}' END::jsonb
	FROM generate_series(1, 240) AS n;
SELECT is((SELECT string_agg(dunning.render(template, context, partials), ',' ORDER BY n) FROM job),
	(SELECT string_agg(CASE n % 3
			WHEN 0 THEN 'a' || n || CASE n % 4 WHEN 0 THEN '[' || n || ']' WHEN 1 THEN '(' || n || ')' WHEN 2 THEN '' ELSE 'p' END
			WHEN 1 THEN 'a' || n || CASE n % 4 WHEN 1 THEN '<' || n || '>' ELSE '' END
			ELSE 'b' END, ',' ORDER BY n) FROM job), 'templates and partials that change from row to row');

-- 200 items; the result grows with the items, and the memory of the server does not matter to it
SELECT is(length(dunning.render(E'{{#items}}\n{{no}} {{amount}}\n{{/items}}\n',
	jsonb_build_object('items', (SELECT jsonb_agg(jsonb_build_object('no', lpad(n::text, 5, '0'), 'amount', 1.50)) FROM generate_series(1, 200) AS n)))), 200 * 11, '200 items');
SELECT throws_ok($$SELECT dunning.render(repeat('{{#l}}', 4) || '{{t}}' || repeat('{{/l}}', 4), jsonb_build_object('l', (SELECT jsonb_agg(n) FROM generate_series(1, 20) AS n), 't', repeat('x', 1000)))$$,
	'54000', 'error in template at line 1, column 25', 'a result that is too long is refused');

SELECT * FROM finish();
ROLLBACK;
