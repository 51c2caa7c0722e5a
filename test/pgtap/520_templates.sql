-- Templates as rows: the shipped ones in awkward cases, which one is taken, what a formal notice needs, who may save.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT no_plan();

CREATE TEMP VIEW shipped AS SELECT * FROM dunning.template WHERE shipped AND kind NOT IN ('partial', 'page');
SELECT set_eq($$SELECT name, language FROM shipped$$,
	$$SELECT n, l FROM unnest(ARRAY['courtesy', 'first_reminder', 'second_reminder', 'formal_notice', 'call_script', 'statement', 'plan_confirmation']) AS n, unnest(ARRAY['en', 'fr']) AS l
	UNION ALL SELECT n, l FROM unnest(ARRAY['first_reminder', 'formal_notice']) AS n, unnest(ARRAY['de', 'nl']) AS l$$, 'the templates that are shipped');
SELECT is_empty($$SELECT t.name, t.language, u.* FROM shipped AS t, unnest(ARRAY[t.subject, t.body]) AS x (template),
	LATERAL dunning.unknown_names(x.template, dunning.template_sample(t.language), (SELECT * FROM _dunning.template_partials(t.language, '2026-07-01'))) AS u$$, 'they use no name that is not there');
SELECT is_empty($$SELECT t.name, t.language, m FROM shipped AS t, dunning.missing_elements(t.body, t.language, (SELECT * FROM _dunning.template_partials(t.language, '2026-07-01'))) AS m
	WHERE t.kind = 'formal notice'$$, 'their formal notices have all elements');
SELECT lives_ok($$SELECT dunning.save_template(name, language, body, subject, html, kind) FROM shipped$$, 'each of them can be saved as one of our own');
DELETE FROM dunning.template WHERE NOT shipped;

-- Awkward contexts in every template and language: the text has every value as it is,
-- the HTML has no character of a value that is one of HTML.
CREATE FUNCTION pg_temp.spoiled(j jsonb, value text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT CASE jsonb_typeof(j)
		WHEN 'object' THEN (SELECT jsonb_object_agg(o.k, pg_temp.spoiled(o.v, value)) FROM jsonb_each(j) AS o (k, v))
		WHEN 'array' THEN (SELECT jsonb_agg(pg_temp.spoiled(a.v, value)) FROM jsonb_array_elements(j) AS a (v))
		ELSE to_jsonb(value) END
$$;
CREATE TEMP TABLE awkward (value text);
INSERT INTO awkward VALUES ('<script>alert("x")</script>'), ('O''Neil & "Sons" <x>'), ('{{company.name}}{{#items}}'), (E'two\nlines'), (U&'\05E9\05DC\05D5\05DD \202Eabc'), (repeat('<&', 5000)), ('');
-- a formal notice without values is refused
CREATE FUNCTION pg_temp.bare(html text, instead text) RETURNS text LANGUAGE sql AS
	$$ SELECT replace(replace(replace(replace(replace(html, '&lt;', instead), '&gt;', instead), '&amp;', instead), '&quot;', instead), '&#39;', instead) $$;
-- once for each language and value, since to spoil a sample takes longer than to render it
CREATE TEMP TABLE spoilt AS SELECT l.language, a.value, pg_temp.spoiled(dunning.template_sample(l.language), a.value) AS context,
	CASE WHEN length(a.value) < 1000 THEN pg_temp.spoiled(dunning.template_sample(l.language), translate(a.value, '<>&"''', 'xxxxx')) END AS harmless FROM (SELECT DISTINCT language FROM shipped) AS l, awkward AS a;
CREATE TEMP TABLE rendered AS SELECT t.name, t.language, c.channel, left(s.value, 40) AS value, strpos(m.body, s.value) > 0 AND m.subject !~ '\n' AS text_has_it,
	strpos(m.html, '<&') = 0 AS escaped, CASE WHEN length(s.value) < 1000 THEN pg_temp.bare(m.html, 'x') END AS bare, CASE WHEN length(s.value) < 1000 THEN pg_temp.bare((dunning.render_template(t.name, s.harmless || c.step, t.language)).html, 'x') END AS plain,
	strpos(m.html, replace(replace(replace(replace(replace(replace(s.value, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;'), E'\n', E'<br>\n')) > 0 AS page_has_it
FROM (SELECT name, language, kind FROM shipped OFFSET 0) AS t JOIN spoilt AS s ON s.language = t.language AND (t.kind <> 'formal notice' OR s.value <> ''),
	(SELECT channel, jsonb_build_object('step', jsonb_build_object('channel', channel)) FROM unnest(ARRAY['email', 'letter']) AS channel) AS c (channel, step),
	LATERAL (SELECT m.* FROM dunning.render_template(t.name, s.context || c.step, t.language) AS m OFFSET 0) AS m
WHERE c.channel = 'letter' OR length(s.value) < 1000;
SELECT is((SELECT count(DISTINCT (name, language, channel)) FROM rendered), 2 * (SELECT count(*) FROM shipped), 'each template as e-mail and as letter');
SELECT is_empty($$SELECT name, language, channel, value FROM rendered WHERE NOT text_has_it$$, 'awkward values in every template and language');
-- but for what stands for the characters of the values, the page is that of values without such characters
SELECT is_empty($$SELECT name, language, channel, value FROM rendered WHERE bare <> plain OR NOT escaped$$, 'nothing unescaped gets through');
SELECT is_empty($$SELECT name, language, channel, value FROM rendered WHERE NOT page_has_it$$, 'and nothing is lost');
-- what the text says, the page says
CREATE FUNCTION pg_temp.leaves(j jsonb) RETURNS SETOF text LANGUAGE sql AS $$ SELECT DISTINCT v #>> '{}' FROM jsonb_path_query(j, 'strict $.** ? (@.type() == "string" || @.type() == "number")') AS v $$;
CREATE TEMP TABLE fair AS SELECT t.name, t.language, c.channel, m.body, m.html FROM (SELECT DISTINCT language, dunning.template_sample(language) AS sample FROM shipped OFFSET 0) AS s
	JOIN shipped AS t ON t.language = s.language, unnest(ARRAY['email', 'letter']) AS c (channel),
	LATERAL (SELECT m.* FROM dunning.render_template(t.name, s.sample || jsonb_build_object('step', jsonb_build_object('channel', c.channel)), t.language) AS m OFFSET 0) AS m;
CREATE TEMP TABLE told AS SELECT l.language, v FROM (SELECT DISTINCT language FROM shipped) AS l, LATERAL pg_temp.leaves(dunning.template_sample(l.language)) AS v WHERE length(v) > 3 AND v ~ '[0-9A-Z]' AND v !~ '\n';
SELECT is_empty($$SELECT f.name, f.language, f.channel, v FROM fair AS f JOIN told AS v ON v.language = f.language WHERE strpos(f.body, v.v) > 0 AND strpos(f.html, replace(v.v, '&', '&amp;')) = 0
	AND NOT (f.channel = 'email' AND f.name = 'formal_notice')$$, 'no value of a text is missing in its page');
SELECT is_empty($$SELECT name, language FROM rendered WHERE bare ~* '<script|<link|<img|@import|url\(|javascript:|\mon[a-z]+=' AND value !~ 'script'$$, 'a page needs nothing else, and runs nothing');
SELECT is_empty($$SELECT t.name, t.language FROM (SELECT * FROM shipped WHERE kind <> 'formal notice' OFFSET 0) AS t, LATERAL dunning.render_template(t.name, '{}', t.language) AS m WHERE m.body ~ '\{\{' OR m.html ~ '\{\{' OR m.body IS NULL OR m.html IS NULL$$, 'an empty context');
-- All at once, as a message is made: 200 items with names from right to left, lines of 10,000 characters, amounts in
-- three currencies, no name of the reader.
CREATE TEMP TABLE hard AS SELECT l.language, (SELECT b.context FROM _dunning.build_contexts(ARRAY[ROW(
	(SELECT array_agg(jsonb_populate_record(NULL::_dunning.notice_line, jsonb_build_object('item', k, 'part', 1, 'customer', '1', 'customer_name', U&'\05E9\05DC "<b>" & x', 'currency', 'CHF', 'professional', true,
		'reference', U&'\202E\05E9 <F> & "' || k || '''', 'issued_on', '2026-01-01', 'due_on', '2026-02-01', 'amount', 2, 'open_amount', 1.50, 'days_past_due', 30, 'interest', 0.10, 'compensation', 40, 'compensation_currency', 'EUR',
		'fee', 10, 'fee_currency', 'USD', 'rates', '{12.4}'))) FROM generate_series(1, 200) AS k),
	jsonb_build_object('name', repeat('<A & B> ', 1250), 'signatory', '"<s>"', 'address', E'<1>\n&'), jsonb_build_object('number', '<1>', 'name', U&'\05E9\05DC\05D5\05DD <script>', 'siren', '404833048', 'professional', true), NULL,
	jsonb_build_object('payee', 'P & <Q>', 'iban', 'FR1420041010050500013M02606', 'bic', NULL, 'assigned', false, 'mention', NULL), '{"level": 3, "label": "<L>", "channel": "letter"}', '[]', 'CHF', l.language, '7', '2026-03-03', 8,
	'https://acme.example/{reference}', 'https://acme.example/?a={amount}', repeat('m', 10000) || '<m>', true, NULL, 0)::_dunning.message]) AS b) AS context FROM (SELECT DISTINCT language FROM shipped) AS l;
-- 200 times 1.50 and 0.10, 40.00 and 10.00
SELECT set_eq($$ SELECT language, translate(context #>> '{totals,total}', U&'\00a0\202f', '  ') FROM hard $$, $$ VALUES ('en', 'CHF 320.00 + €8,000.00 + USD 2,000.00'), ('fr', '320,00 CHF + 8 000,00 € + 2 000,00 USD'), ('de', '320,00 CHF + 8.000,00 € + 2.000,00 USD'), ('nl', 'CHF 320,00 + € 8.000,00 + USD 2.000,00') $$, 'what is to be paid in three currencies');
CREATE FUNCTION pg_temp.escaped(value text) RETURNS text LANGUAGE sql AS $$ SELECT replace(replace(replace(replace(replace(value, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;') $$;
CREATE TEMP TABLE hard_rendered AS SELECT t.name, t.kind, t.language, c.channel, h.context, m.* FROM (SELECT name, language, kind FROM shipped OFFSET 0) AS t JOIN hard AS h ON h.language = t.language,
	unnest(ARRAY['email', 'letter']) AS c (channel), LATERAL (SELECT m.* FROM dunning.render_template(t.name, dunning.template_sample(t.language) || h.context || jsonb_build_object('step', jsonb_build_object('level', 3, 'channel', c.channel)), t.language) AS m OFFSET 0) AS m;
SELECT is((SELECT count(*) FROM hard_rendered WHERE body <> '' AND html <> ''), 2 * (SELECT count(*) FROM shipped), 'every template and language, as text and as HTML, of e-mails and letters');
SELECT is_empty($$ SELECT name, language, channel, v FROM hard_rendered, unnest(ARRAY['<F>', '<b>', '<script>', '<A & B>', '"<s>"', '<L>', '<Q>', '<m>', '<1>']) AS v WHERE strpos(html, v) > 0 $$, 'nothing unescaped gets through');
SELECT is_empty($$ SELECT h.name, h.language, h.channel, v.value FROM hard_rendered AS h, LATERAL (SELECT h.context #>> ARRAY['items', k, 'reference'] FROM unnest(ARRAY['0', '99', '199']) AS k UNION ALL SELECT h.context #>> string_to_array(p, ' ')
		FROM unnest(ARRAY['totals total', 'totals open_amount', 'totals compensation', 'totals fees', 'penalties mention', 'company name', 'customer name']) AS p) AS v (value)
	WHERE strpos(h.body, v.value) > 0 AND strpos(h.html, pg_temp.escaped(v.value)) = 0 AND NOT (h.channel = 'email' AND h.kind = 'formal notice') $$, 'what the text says of it, the page says');
SELECT is_empty($$ SELECT name, language, channel FROM hard_rendered WHERE name ~ 'reminder|notice|courtesy' AND (SELECT count(*) FROM jsonb_array_elements(context -> 'items') AS i WHERE strpos(body, i ->> 'reference') > 0) <> 200 $$, 'all of 200 items');
SELECT is_empty($$ SELECT name, language, channel FROM hard_rendered WHERE kind = 'formal notice' AND strpos(body, context #>> '{totals,total}') = 0 $$, 'a formal notice asks for the three currencies');

-- Which one is taken: one's own, for the procedure, for the step, for the channel, the latest.
SELECT dunning.save_template('first_reminder', 'fr', 'own');
SELECT dunning.save_template('first_reminder', 'fr', 'by letter', channel => 'letter');
SELECT dunning.save_template('first_reminder', 'fr', 'step 2', level => 2);
SELECT dunning.save_template('first_reminder', 'fr', 'gentle', procedure => 'gentle');
SELECT dunning.save_template('first_reminder', 'fr', 'gentle by letter', procedure => 'gentle', channel => 'letter');
SELECT dunning.save_template('first_reminder', 'fr', 'of 2027', valid_from => '2027-01-01');
SELECT dunning.save_template('first_reminder', 'fr', 'of summer', channel => 'fax', valid_from => '2026-07-01', valid_until => '2026-08-31');
SELECT dunning.save_template('first_reminder', 'fr', 'own once more');
CREATE FUNCTION pg_temp.taken(channel text, procedure text, level integer, day date, language text DEFAULT 'fr') RETURNS text LANGUAGE sql AS
	$$SELECT left(body, 16) FROM dunning.find_template('first_reminder', language, channel, procedure, level, day)$$;
SELECT is(pg_temp.taken(NULL, NULL, NULL, '2026-07-01'), 'own once more', 'of one''s own, the last one saved');
SELECT is(pg_temp.taken('letter', 'other', 1, '2026-07-01'), 'by letter', 'for the channel');
SELECT is(pg_temp.taken('letter', 'other', 2, '2026-07-01'), 'step 2', 'for the step');
SELECT is(pg_temp.taken('email', 'gentle', 2, '2026-07-01'), 'gentle', 'for the procedure');
SELECT is(pg_temp.taken('letter', 'gentle', 2, '2026-07-01'), 'gentle by letter', 'for the procedure and the channel');
SELECT is(pg_temp.taken('email', NULL, NULL, '2027-01-01'), 'of 2027', 'from its first day');
SELECT is(pg_temp.taken('email', NULL, NULL, '2026-12-31'), 'own once more', 'and not before it');
SELECT is(pg_temp.taken('fax', NULL, NULL, '2026-08-31'), 'of summer', 'until its last day');
SELECT is(pg_temp.taken('fax', NULL, NULL, '2026-09-01'), 'own once more', 'and not after it');
SELECT is(pg_temp.taken(NULL, NULL, NULL, '2026-07-01', 'en'), E'Dear {{#contact.', 'a shipped one of another language');
SELECT is(pg_temp.taken(NULL, NULL, NULL, '2026-07-01', 'it'), NULL, 'none');
DELETE FROM dunning.template WHERE NOT shipped;

-- What a formal notice lacks if one name of it is taken out.
CREATE TEMP TABLE taken_out (name text PRIMARY KEY, missing text);
INSERT INTO taken_out VALUES ('reference', 'the number of each invoice'), ('issued_on', 'the date of each invoice'), ('due_on', 'the due date of each invoice'), ('amount', 'the amount of each invoice'),
	('open_amount', 'the open amount of each invoice'), ('days_past_due', 'the days past due of each invoice'), ('interest', 'the interest on each invoice'),
	('penalties.rate', 'the yearly rate of the interest'), ('totals.total', 'the amount to pay'), ('deadline.pay_before', 'the day before which to pay'),
	('company.signatory', 'who signs'), ('customer.name', 'the name of the debtor');
SELECT is((SELECT string_agg(m, ', ') FROM dunning.missing_elements(replace(t.body, '{{' || o.name || '}}', ''), t.language,
		(SELECT jsonb_object_agg(p.key, replace(p.value, '{{' || o.name || '}}', '')) FROM jsonb_each_text((SELECT * FROM _dunning.template_partials(t.language, '2026-07-01'))) AS p)) AS m),
	o.missing, format('%s without %s', t.language, o.name))
FROM dunning.template AS t, taken_out AS o WHERE t.name = 'formal_notice' ORDER BY t.language, o.name;
SELECT is((SELECT string_agg(m, ', ') FROM dunning.missing_elements(regexp_replace(t.body, '(?<![.])(' || w.words || ')', '', 'gi'), t.language,
		(SELECT jsonb_object_agg(p.key, regexp_replace(p.value, '(?<![.])(' || w.words || ')', '', 'gi')) FROM jsonb_each_text((SELECT * FROM _dunning.template_partials(t.language, '2026-07-01'))) AS p)) AS m),
	w.element, format('%s without %s', t.language, w.element))
FROM dunning.template AS t CROSS JOIN LATERAL _dunning.notice_elements(t.language) AS w WHERE t.name = 'formal_notice' AND w.words IS NOT NULL ORDER BY t.language, w.element;

-- who may save
CREATE ROLE dunning_reader;
CREATE ROLE dunning_keeper;
SELECT dunning.grant_access('dunning_reader', 'runner');
SELECT dunning.grant_access('dunning_keeper', 'admin');
SET LOCAL ROLE dunning_reader;
SELECT is((SELECT count(*) FROM dunning.template), 67::bigint, 'whoever has access reads them');
SELECT throws_ok($$SELECT dunning.save_template('x', 'fr', 'x')$$, '42501', NULL, 'but saves none');
RESET ROLE;
SET LOCAL ROLE dunning_keeper;
SELECT lives_ok($$SELECT dunning.save_template('x', 'fr', 'x')$$, 'an admin saves some');
SELECT throws_ok($$UPDATE dunning.template SET body = 'x' WHERE name = 'courtesy'$$, '55000', NULL, 'and changes no shipped one');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
