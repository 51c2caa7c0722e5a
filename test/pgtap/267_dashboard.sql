-- The dashboard: one page whose numbers are those of the functions.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL jit = off;
SET LOCAL dunning.today = '2026-06-24';
SELECT no_plan();
SELECT setseed(0.4) \g /dev/null

SELECT ok(dunning.dashboard() LIKE '<!DOCTYPE html>%</html>%', 'without a ledger it is a page');
CREATE TABLE public.facture (id integer PRIMARY KEY, client integer, nom text, issued_on date, due_on date, amount numeric(14, 2), devise text);
CREATE TABLE public.reglement (id serial PRIMARY KEY, facture integer, paid_on date, amount numeric(14, 2));
INSERT INTO public.facture SELECT n, n % 13, CASE n % 13 WHEN 3 THEN '<script>alert(1)</script> & Fils' ELSE 'Client ' || n % 13 END, day, day + 30, round((100 + random() * 900)::numeric, 2), CASE WHEN n % 9 = 0 THEN 'USD' ELSE 'EUR' END
	FROM (SELECT n, date '2025-01-01' + (random() * 530)::integer AS day FROM generate_series(1, 400) AS n) AS s;
INSERT INTO public.reglement (facture, paid_on, amount) SELECT id, due_on - 10 + (random() * 60)::integer, amount FROM public.facture WHERE random() < 0.85;
SELECT dunning.adopt('public.facture', columns => '{"key": "id", "customer": "client", "customer_name": "nom", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount", "currency": "devise",
	"payments": {"table": "reglement", "item": "facture", "date": "paid_on", "amount": "amount"}}') \g /dev/null
SELECT dunning.hold_item('facture', item, 'dispute', '2026-06-01', person_in_charge => 'Mme Petit') FROM dunning.open_items('2026-06-24') ORDER BY due_on LIMIT 1 \g /dev/null
INSERT INTO dunning.promise (ledger, customer, items, currency, amount, needed, promised_on, promised_for, last_on)
	SELECT 'facture', customer, ARRAY[item], currency, open_amount, open_amount, '2026-06-10', '2026-06-20', '2026-06-20' FROM dunning.open_items('2026-06-24') WHERE currency = 'EUR' ORDER BY due_on LIMIT 2;
INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, state, channel, label, sent_on)
	SELECT 'facture', item, '5', 1, due_on + 5, 'sent', 'email', 'Rappel', due_on + 5 FROM dunning.ledger_items('2026-06-24') WHERE due_on + 5 BETWEEN '2026-06-01' AND '2026-06-15';

CREATE TEMP TABLE page AS SELECT l.language, dunning.dashboard(language => l.language) AS html, dunning.dashboard_context(language => l.language) AS c FROM (VALUES ('fr'), ('en')) AS l (language);
SELECT ok(html !~* '<script|https?:|url\(|@import| on\w+=' AND html !~ '\{\{', language || ': no script, nothing from elsewhere, no hole') FROM page;
SELECT ok(html LIKE '%&lt;script&gt;alert(1)&lt;/script&gt; &amp; Fils%', language || ': names are texts') FROM page WHERE c::text LIKE '%alert%';
SELECT is((SELECT count(*) FROM regexp_matches(html, '<h1>', 'g')), 1::bigint, language || ': one title') FROM page;
SELECT is((SELECT count(*) FROM regexp_matches(html, '<th scope', 'g')), (SELECT count(*) FROM regexp_matches(html, '<th[ >]', 'g')), language || ': each heading says what it heads') FROM page;
SELECT is((SELECT array_agg(o.n ORDER BY o.n) FROM (SELECT length(html) - length(replace(html, t.tag, '')) AS n, t.tag FROM unnest('{<table,<section,<div,<tr>,<tbody>}'::text[]) AS t (tag)) AS o WHERE o.n = 0), NULL, language || ': there are tables') FROM page;
SELECT is((SELECT count(*) FROM regexp_matches(html, '<' || tag || '[ >]', 'g')), (SELECT count(*) FROM regexp_matches(html, '</' || tag || '>', 'g')), language || ': each ' || tag || ' is closed')
	FROM page CROSS JOIN unnest('{html,body,main,section,div,table,thead,tbody,tr,td,th,dl,dt,dd,p,h2,h3,span}'::text[]) AS tag;
SELECT set_eq($$ SELECT * FROM (SELECT p.language, k.c ->> 'currency', k.c ->> 'open', k.c ->> 'overdue', k.c ->> 'dso', k.c ->> 'count_back', k.c ->> 'best', k.c ->> 'add' FROM page AS p CROSS JOIN LATERAL jsonb_array_elements(p.c -> 'currencies') AS k (c)) AS x (a, b, c, d, e, f, g, h) $$,
	$$ SELECT * FROM (SELECT p.language, f.currency, dunning.format_money(r.total, f.currency, p.language), dunning.format_money(r.overdue, f.currency, p.language), t.dso, t.back, t.best, t.late
		FROM page AS p CROSS JOIN dunning.figures('2026-06-24', '2026-06-24') AS f JOIN dunning.aged_balance_report('2026-06-24') AS r ON r.is_total AND r.currency = f.currency
		CROSS JOIN LATERAL (SELECT * FROM (VALUES (round(f.dso, 1)::text, round(f.count_back_dso, 1)::text, round(f.best_possible_dso, 1)::text, round(f.average_days_delinquent, 1)::text)) AS v (a, b, c, d)) AS v
		CROSS JOIN LATERAL (SELECT CASE p.language WHEN 'fr' THEN replace(v.a, '.', ',') ELSE v.a END AS dso, CASE p.language WHEN 'fr' THEN replace(v.b, '.', ',') ELSE v.b END AS back,
			CASE p.language WHEN 'fr' THEN replace(v.c, '.', ',') ELSE v.c END AS best, CASE p.language WHEN 'fr' THEN replace(v.d, '.', ',') ELSE v.d END AS late) AS t) AS x (a, b, c, d, e, f, g, h) $$, 'the figures are those of the functions');
SELECT is((SELECT array_agg(b.c ->> 'amount' ORDER BY b.n) FROM page AS p CROSS JOIN LATERAL jsonb_array_elements(p.c -> 'currencies') AS k (c) CROSS JOIN LATERAL jsonb_array_elements(k.c -> 'buckets') WITH ORDINALITY AS b (c, n) WHERE p.language = 'en' AND k.c ->> 'currency' = 'EUR'),
	(SELECT array_agg(dunning.format_money(b.amount, 'EUR', 'en') ORDER BY b.bucket) FROM dunning.aged_balance_report('2026-06-24', '30,60,90', 'total') AS r CROSS JOIN LATERAL dunning.buckets(r.balance) AS b WHERE r.currency = 'EUR' AND b.bucket IS NOT NULL), 'and so is the aged balance');
SELECT is((SELECT count(*) FROM page AS p CROSS JOIN LATERAL jsonb_array_elements(p.c -> 'currencies') AS k (c) CROSS JOIN LATERAL jsonb_array_elements(k.c -> 'months') AS m WHERE p.language = 'en' AND k.c ->> 'currency' = 'EUR'), 12::bigint, 'twelve months');
SELECT is((SELECT array_agg(u.c ->> 'name' ORDER BY u.n) FROM page AS p CROSS JOIN LATERAL jsonb_array_elements(p.c -> 'currencies') AS k (c) CROSS JOIN LATERAL jsonb_array_elements(k.c -> 'customers') WITH ORDINALITY AS u (c, n) WHERE p.language = 'en' AND k.c ->> 'currency' = 'EUR'),
	(SELECT array_agg(t.customer_name ORDER BY t.overdue DESC) FROM (SELECT r.customer_name, r.overdue FROM dunning.aged_balance_report('2026-06-24') AS r WHERE r.currency = 'EUR' AND NOT r.is_total AND r.overdue > 0 ORDER BY r.overdue DESC LIMIT 10) AS t), 'the ten customers who owe most of what is overdue');
SELECT set_eq($$ SELECT k.c ->> 'currency' AS a, u ->> 'name' AS b, u ->> 'why' AS d FROM page AS p CROSS JOIN LATERAL jsonb_array_elements(p.c -> 'currencies') AS k (c) CROSS JOIN LATERAL jsonb_array_elements(k.c -> 'customers') AS u WHERE p.language = 'en' $$,
	$$ SELECT r.currency, r.customer_name, coalesce(s.fact, CASE WHEN r.old > 0 THEN 'overdue by more than 90 days: ' || dunning.format_money(r.old, r.currency, 'en') END, '')
		FROM (SELECT i.currency, i.customer, i.customer_name, sum(i.open_amount) FILTER (WHERE i.due_on < date '2026-06-24' - 90) AS old, row_number() OVER (PARTITION BY i.currency ORDER BY sum(i.open_amount) FILTER (WHERE i.due_on < '2026-06-24') DESC NULLS LAST) AS place
			FROM dunning.open_items('2026-06-24') AS i GROUP BY 1, 2, 3 HAVING sum(i.open_amount) FILTER (WHERE i.due_on < '2026-06-24') > 0) AS r
		CROSS JOIN LATERAL (SELECT string_agg(w.fact, '; ' ORDER BY w.on_day, w.fact) AS fact FROM dunning.warning_signs('2026-06-24') AS w WHERE w.customer = r.customer AND (w.currency IS NULL OR w.currency = r.currency)) AS s WHERE r.place <= 10 $$, 'and why: a sign, or what is old');
SELECT is((SELECT jsonb_array_length(c -> 'promises') FROM page WHERE language = 'en'), (SELECT count(*)::integer FROM dunning.promises_due('2026-06-24', days => 14)), 'the promises');
SELECT is((SELECT c #>> '{disputes,0,person}' FROM page WHERE language = 'fr'), 'Mme Petit', 'who has the disputes');
SELECT is((SELECT sum((s ->> 'sent')::integer) FROM page CROSS JOIN LATERAL jsonb_array_elements(c -> 'steps') AS s WHERE language = 'fr'), (SELECT sum(reminders) FROM dunning.step_effect('2026-06-01', '2026-06-24'))::bigint, 'the reminders of the month');
-- each problem of the books has its words in both languages
SELECT is_empty($$ SELECT DISTINCT m[1] FROM pg_proc AS p CROSS JOIN LATERAL regexp_matches(p.prosrc, '(?:THEN|customer,|NULL,|item_key,|r\.item, NULL,) ''([a-z][a-z ]+)''(?: END|, format|, dunning|, SQLERRM| WHEN)', 'g') AS m
	WHERE p.oid IN ('_dunning.find_problems'::regproc, '_dunning.try_problems'::regproc)
	EXCEPT SELECT k FROM jsonb_object_keys(_dunning.dashboard_words('fr')) AS k $$, 'the problems of the books in words');
INSERT INTO public.facture VALUES (901, 3, 'Client 3', '2026-01-01', NULL, 10, 'EUR'), (902, 3, 'Client 3', '2026-01-01', '2026-02-01', 10, 'EUR');
INSERT INTO public.reglement (facture, paid_on, amount) VALUES (902, '2026-02-01', 12);
SELECT is((SELECT array_agg(p ->> 'problem' ORDER BY p ->> 'problem') FROM jsonb_array_elements(dunning.dashboard_context(language => 'fr') -> 'problems') AS p), ARRAY['payé en trop', 'sans échéance'], 'in French');
SELECT is(dunning.dashboard(template => '{{as_of}} {{#currencies}}{{currency}} {{/currencies}}'), '24 June 2026 EUR USD ', 'a template of one''s own');
SELECT * FROM finish();
ROLLBACK;
