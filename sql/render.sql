-- Templates: arguments, names and errors.
SET search_path = public;
\pset null '(null)'
CREATE FUNCTION fails(template text, context jsonb DEFAULT '{"l": [1], "o": {"a": 1}, "a": 1}', partials jsonb DEFAULT NULL, format text DEFAULT 'text') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text; hint text;
BEGIN
	RETURN 'accepted: ' || dunning.render(template, context, partials, format);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', state, message, nullif(detail, ''), nullif(hint, ''));
END $$;

-- 1. a letter
SELECT dunning.render(E'{{customer.name}}\n{{#customer.city}}\n{{.}}\n{{/customer.city}}\n\nDear {{#contact}}{{name}}{{/contact}}{{^contact}}Sir or Madam{{/contact}},\n'
	'{{#items}}\n- {{no}} of {{issued}}: {{open}}{{#late}} ({{days}} days late){{/late}}\n{{/items}}\n  {{> footer}}\n',
	'{"customer": {"name": "O''Neil & Sons", "city": null}, "contact": null, "company": "ACME",
	"items": [{"no": "F-1", "issued": "1 July 2026", "open": "€12.50", "late": true, "days": 3}, {"no": "F-2", "issued": "2 July 2026", "open": "€0.50"}]}',
	E'{"footer": "{{company}}\\n{{! no phone }}\\nThank you\\n"}') AS letter;
-- 2. NULL: a needed argument gives NULL, an optional one is left out
SELECT dunning.render(NULL, '{}') AS template, dunning.render('x', NULL) AS context, dunning.render('x', '{}', NULL, NULL) AS others,
	dunning.render('{{a}}', '{"a": "<"}', NULL, 'html') AS html, dunning.render('{{a}}', '{"a": "<"}', format => 'text') AS text, dunning.render('', '{}') AS empty;
-- a text as HTML, with a partial that is HTML
SELECT dunning.render(E'Dear {{name}},\n\n{{> items}}\nA < B\n{{> sign}}', '{"name": "<b>", "items": ["1 & 2", "3"]}',
	'{"items": {"html": "<ul>{{#items}}<li>{{.}}</li>{{/items}}</ul>\n"}, "sign": "\n\nYours"}', 'paragraphs') AS paragraphs;
SELECT dunning.render('{{> p}}', '{}', '{"p": {"html": "<hr>{{> t}}"}, "t": "<\n\n<"}', 'paragraphs') AS page, dunning.render('{{> p}}', '{"a": "<"}', '{"p": {"html": "{{a}}"}}') AS as_text,
	dunning.render('', '{}', format => 'paragraphs') AS empty;
-- 3. mistakes, with line, column and what to do
SELECT n, fails(template) FROM (VALUES (1, E'a\n {{name'), (2, '{{{a}}'), (3, E'é{{#l}}\n'), (4, E'{{#l}}\n{{^o}}{{/l}}{{/o}}'), (5, E'x\n\n{{/l}}'), (6, '{{}}'), (7, '{{# }}'),
	(8, '{{a b}}'), (9, '{{a..b}}'), (10, '{{.a}}'), (11, '{{=<% =}}'), (12, '{{=a=b c=}}'), (13, '{{=<%%%%%%%%%%%%%%%% %>=}}'), (14, '{{<parent}}'), (15, '{{$block}}'), (16, '{{>*a}}'),
	(17, E'é\néé {{l}}'), (18, '{{o}}'), (19, '{{#l}}{{o}}{{/l}}'), (20, '{{#o}}{{.}}{{/o}}'),
	(21, repeat('{{#l}}', 33)), (22, repeat('x', 1048577)), (23, '{{' || repeat('é', 200) || ' x}}')) AS v (n, template) ORDER BY n;
SELECT n, fails(template, '{"l": [1, 2], "o": {"a": 1}}', partials, format) FROM (VALUES
	(1, '{{>p}}', '{"p": "x\n {{#l}}"}', 'text'), (2, '{{>p}}', '{"p": "{{>q}}", "q": "\n\n{{l}}"}', 'text'), (3, '{{>p}}', '{"p": "\n{{>p}}"}', 'text'),
	(4, '{{>p}}', '{"p": 1}', 'text'), (5, '{{>p}}', '["p"]', 'text'), (6, '{{>p}}', '{"q": "{{#l}}"}', 'text'), (7, '{{>p}}', '{"p": null}', 'text'), (8, 'x', '{}', 'HTML'),
	(9, '{{#.}}{{>p}}{{/.}}', jsonb_build_object('p', repeat('{{#.}}', 7) || '{{>p}}' || repeat('{{/.}}', 7)), 'text'),
	(10, repeat('{{#l}}', 24) || repeat('{{/l}}', 24), NULL, 'text')) AS v (n, template, partials, format) ORDER BY n;
-- 4. names
SELECT * FROM dunning.template_names(E'Dear {{customer.name}},\n{{#items}}\n é {{no}}{{#late}}{{{days}}}{{&days}}{{/late}}\n{{/items}}{{^items}}{{! no }}{{=<% %>=}}<%>none%><%/items%>');
SELECT count(*) FROM dunning.template_names('no name');
SELECT count(*) FROM dunning.template_names(NULL);
SELECT * FROM dunning.template_names('{{#a}}');
SELECT * FROM dunning.unknown_names(E'{{customer.name}} {{customer.nam}}\n{{#items}}{{no}}{{nr}}{{#late}}{{x}}{{/late}}{{/items}}{{^paid}}{{z}}{{/paid}}{{>footer}}{{>header}}{{#more}}{{company}}{{/more}}',
	'{"customer": {"name": "x"}, "items": [{"no": 1, "late": false}], "paid": true, "company": ""}', E'{"footer": "\\n{{company}} {{phone}}{{>footer}}"}');
SELECT count(*) FROM dunning.unknown_names('{{a}}', NULL);
SELECT count(*) FROM dunning.unknown_names('{{#a}}{{.}}{{/a}}{{#b.c}}{{.}}{{/b.c}}', '{"a": [1], "b": {"c": null}}');
SELECT * FROM dunning.unknown_names('{{b}}', '{"b": {"c": null}}');
DROP FUNCTION fails;
