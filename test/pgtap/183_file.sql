-- The file and the statement of a customer: what they add up to, what they show, and nothing unescaped.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();
SET LOCAL dunning.time_zone = 'UTC';

CREATE TABLE client (id text PRIMARY KEY, nom text, email text, tel text, langue text);
CREATE TABLE facture (id text PRIMARY KEY, client text REFERENCES client, societe text, numero text, date_facture date, date_echeance date, total numeric, devise text, piece text);
CREATE TABLE reglement (id integer GENERATED ALWAYS AS IDENTITY, facture text, montant numeric, date_reglement date);
INSERT INTO client VALUES ('C-7', 'Durand & Fils', 'compta@durand.example', '+33 4 99 00 56 78', 'fr'), ('C-8', '<b>"O''Neil"</b>{{x}}', NULL, NULL, 'en'), ('C-9', 'Nobody', NULL, NULL, 'en');
INSERT INTO facture VALUES ('1', 'C-7', 'A', 'F-1', '2025-01-02', '2025-02-01', 1000.00, 'EUR', NULL), ('2', 'C-7', 'A', 'F-2', '2025-02-03', '2025-03-05', 2000.00, 'EUR', NULL),
	('3', 'C-7', 'A', 'AV-3', '2025-04-01', '2025-04-01', -100.00, 'EUR', NULL), ('4', 'C-7', 'A', 'F-4', '2025-04-10', '2025-05-10', 300.00, 'EUR', 'D'), ('5', 'C-7', 'A', 'F-5', '2025-04-10', '2025-06-10', 300.00, 'EUR', 'D'),
	('6', 'C-7', 'A', 'U-6', '2025-05-01', '2025-05-31', 80.00, 'USD', NULL), ('7', 'C-8', '<i>B</i>', '<script>', '2025-05-01', '2025-05-31', 10.00, 'EUR', NULL);
INSERT INTO reglement (facture, montant, date_reglement) VALUES ('1', 1000.00, '2025-02-27'), ('2', 1300.00, '2025-04-30'), ('4', 50, '2025-05-20'), ('4', -50, '2025-05-25');
INSERT INTO dunning.rule (name, rule) VALUES ('twelve', '12.00%; compensation 40.00 EUR if professional');
SELECT FROM dunning.adopt('facture', columns => '{"key": "id", "customer": "client", "company": "societe", "reference": "numero", "issued_on": "date_facture", "due_on": "date_echeance", "amount": "total", "currency": "devise", "document": "piece",
	"payments": {"table": "reglement", "item": "facture", "amount": "montant", "date": "date_reglement"}, "customers": {"table": "client", "key": "id", "name": "nom", "email": "email", "phone": "tel", "language": "langue"}}',
	procedure => 'standard', rule => 'twelve') \g /dev/null
SELECT dunning.hand_over('facture', '{2}', 'Me Roux', 'bailiff', '2025-06-15') \g /dev/null

-- two messages that were sent, one of them after the day of the file, and one that waits
INSERT INTO dunning.notice (ledger, customer, currency, channel, level, step, step_channel, state, sent_on, sent_at, address, subject, body, total, attachments, taken_by, deposit_number, presented_on, returned_on, return_reason) VALUES
	('facture', 'C-7', 'EUR', 'registered_letter', 3, '30', 'registered_letter', 'sent', '2025-05-10', '2025-05-10 10:00Z', E'Durand\n1 quai', 'Formal <notice>', E'Dear <b>Sir</b>,\n\n pay', 740.50,
		'[{"name": "F-2.pdf"}]', 'sender', '1A 77', '2025-05-12', '2025-05-14', 'moved'),
	('facture', 'C-7', 'EUR', 'email', 1, '5', 'email', 'sent', '2025-07-01', '2025-07-01 10:00Z', NULL, 'Later', 'x', 1, NULL, 'sender', NULL, NULL, NULL, NULL),
	('facture', 'C-7', 'EUR', 'email', 1, '5', 'email', 'waiting', NULL, NULL, NULL, 'Waits', 'x', 1, NULL, 'sender', NULL, NULL, NULL, NULL);

--
-- The file
--
-- 30 June 2025.  F-1: 1,000.00 for 26 days, 8.55.  F-2: 2,000.00 for 56 days, 36.82, and 700.00 for 61 days, 14.04: 50.86.  F-4: 300.00 for 51 days, 5.03; its
-- payment came back.  F-5: 300.00 for 20 days, 1.97, and no compensation, which F-4 of the same document owes.  U-6: 80.00 for 30 days, 0.79.
CREATE TEMP TABLE file AS SELECT dunning.case_file('facture', 'C-7', '2025-06-30', 'en') AS f;
SELECT results_eq($$ SELECT i ->> 'reference', i ->> 'what', (i #>> '{raw,open_amount}')::numeric, (i ->> 'days_past_due')::integer, (i #>> '{raw,interest}')::numeric, (i #>> '{raw,compensation}')::numeric, i #>> '{raw,state}' FROM file, jsonb_path_query(f, '$.file.items[*]') AS i $$,
	$$ VALUES ('F-1', 'invoice', 0.00, NULL::integer, 8.55, 40.00, 'settled'), ('F-2', 'invoice', 700.00, 117, 50.86, 40.00, 'handed_over'), ('AV-3', 'credit note', -100.00, NULL, 0, 0, 'settled'),
		('F-4', 'invoice', 300.00, 51, 5.03, 40.00, 'due'), ('U-6', 'invoice', 80.00, 30, 0.79, 40.00, 'due'), ('F-5', 'invoice', 300.00, 20, 1.97, 0, 'due') $$, 'the items, with what they owe');
SELECT is((SELECT i ->> 'state' FROM file, jsonb_path_query(f, '$.file.items[*] ? (@.reference == "F-2")') AS i), 'The item was handed over to bailiff (Me Roux)', 'who has them');
SELECT results_eq($$ SELECT t ->> 'currency', (t ->> 'count')::integer, (t #>> '{raw,open_amount}')::numeric, (t #>> '{raw,overdue}')::numeric, (t #>> '{raw,interest}')::numeric, (t #>> '{raw,compensation}')::numeric, (t #>> '{raw,total}')::numeric FROM file, jsonb_path_query(f, '$.file.totals[*]') AS t $$,
	$$ VALUES ('EUR', 4, 1200.00, 1300.00, 66.41, 160.00, 1426.41), ('USD', 1, 80.00, 80.00, 0.79, 0, 80.79) $$, 'the totals by currency; a compensation is in its own');
SELECT is((SELECT string_agg(concat_ws(' ', m ->> 'on_day', m ->> 'what', m ->> 'amount', m ->> 'balance'), ', ') FROM file, jsonb_path_query(f, '$.file.items[*] ? (@.reference == "F-4").movements[*]') AS m),
	'10 April 2025 invoice €300.00 €300.00, 20 May 2025 payment -€50.00 €250.00, 25 May 2025 payment taken back €50.00 €300.00', 'the movements of an item');
SELECT is((SELECT string_agg(concat_ws(' ', m ->> 'from_day', m ->> 'to_day', m ->> 'days', m ->> 'principal', m ->> 'rate', m ->> 'interest'), ', ') FROM file, jsonb_path_query(f, '$.file.items[*] ? (@.reference == "F-2").reckoning[*]') AS m),
	'6 March 2025 30 April 2025 56 €2,000.00 12.00% €36.82, 1 May 2025 30 June 2025 61 €700.00 12.00% €14.04', 'the reckoning of its interest');
SELECT is((SELECT string_agg(concat_ws(' ', l ->> 'on_day', l ->> 'kind', l ->> 'amount'), ', ') FROM file, jsonb_path_query(f, '$.file.log[*]') AS l),
	'27 February 2025 payment €1,000.00, 30 April 2025 payment €1,300.00, 10 May 2025 notice €740.50, 12 May 2025 notice, 14 May 2025 notice, 20 May 2025 payment €50.00, 25 May 2025 payment -€50.00, 15 June 2025 handover €700.00', 'all that happened');
SELECT is((SELECT string_agg(l ->> 'what', ' / ') FROM file, jsonb_path_query(f, '$.file.log[*] ? (@.kind == "notice")') AS l),
	(SELECT format('Message %s, registered letter to Durand, 1 quai: "Formal <notice>", deposit 1A 77 / Registered letter presented / Message came back: moved', notice) FROM dunning.notice WHERE subject ~ 'Formal'), 'the messages that were sent');
SELECT is((SELECT string_agg(concat_ws('|', n ->> 'sent_on', n ->> 'address', n ->> 'body', n ->> 'total', n ->> 'presented_on', n ->> 'return_reason', n ->> 'files'), ', ') FROM file, jsonb_path_query(f, '$.file.notices[*]') AS n),
	E'10 May 2025|Durand\n1 quai|Dear <b>Sir</b>,\n\n pay|€740.50|12 May 2025|moved|["F-2.pdf"]', 'as they were sent');
SELECT is((SELECT concat_ws(' ', f #>> '{customer,name}', f #>> '{customer,number}', f #>> '{contact,email}', f #>> '{company,name}', f ->> 'written_on', f ->> 'language') FROM file), 'Durand & Fils C-7 compta@durand.example A 30 June 2025 en', 'of whom, and who writes');
SELECT is((SELECT count(*) FROM jsonb_path_query(dunning.case_file('facture', 'C-7', '2025-04-02', 'fr'), '$.file.items[*]')), 3::bigint, 'as of an earlier day, what was issued by then');
SELECT is(dunning.case_file('facture', NULL), NULL, 'of nobody none');
SELECT throws_ok(s, e, m, s) FROM (VALUES ('SELECT dunning.case_file(''nowhere'', ''C-7'')', '42704', 'ledger "nowhere" does not exist'), ('SELECT dunning.case_file(''facture'', ''C-9'')', '42704', 'customer "C-9" has no item in ledger "facture"'),
	('SELECT dunning.case_file(''facture'', ''C-7'', language => ''de'')', '22023', 'language "de" is not known'), ('SELECT dunning.case_file(''facture'', ''C-7'', ''infinity'')', '22023', 'there is no file of infinity'),
	('SELECT dunning.case_page(''facture'', ''C-9'')', '42704', 'customer "C-9" has no item in ledger "facture"'),
	('SELECT dunning.statement(''facture'', ''C-7'', ''2025-01-01'', ''2025-06-30'')', '22023', 'one statement cannot be about items of several currencies: EUR, USD'),
	('SELECT dunning.statement(''facture'', ''C-9'', ''2025-01-01'', ''2025-06-30'')', '42704', 'customer "C-9" has no item in ledger "facture"'),
	('SELECT dunning.statement(''facture'', ''C-7'', ''2025-07-01'', ''2025-06-30'')', '22023', 'there is no statement from 2025-07-01 to 2025-06-30'),
	('SELECT dunning.statement(''facture'', ''C-7'', ''-infinity'', ''2025-06-30'')', '22023', 'there is no statement from -infinity to 2025-06-30'),
	('SELECT dunning.statement(''facture'', ''C-7'', ''2025-01-01'', ''2025-06-30'', language => ''nl'')', '22023', 'language "nl" is not known')) AS v (s, e, m);

--
-- The statement
--
-- 2,000.00 are open before 1 April; then -100.00, 300.00, 300.00, -1,300.00, -50.00 and 50.00: 1,200.00
CREATE TEMP TABLE account AS SELECT dunning.statement('facture', 'C-7', '2025-04-01', '2025-06-30', language => 'en', currency => 'EUR') AS s;
SELECT is((SELECT concat_ws(' ', s #>> '{statement,opening_balance}', s #>> '{statement,closing_balance}', s #>> '{statement,raw,closing_balance}') FROM account), '€2,000.00 €1,200.00 1200.00', 'the balances');
SELECT is((SELECT string_agg(concat_ws(' ', m #>> '{raw,on_day}', m ->> 'reference', m ->> 'what', m ->> 'amount', m ->> 'balance'), ', ') FROM account, jsonb_path_query(s, '$.statement.movements[*]') AS m),
	'2025-04-01 AV-3 credit note -€100.00 €1,900.00, 2025-04-10 F-4 invoice €300.00 €2,200.00, 2025-04-10 F-5 invoice €300.00 €2,500.00, 2025-04-30 F-2 payment -€1,300.00 €1,200.00, 2025-05-20 F-4 payment -€50.00 €1,150.00, 2025-05-25 F-4 payment taken back €50.00 €1,200.00',
	'each movement with the balance after it');
SELECT is((SELECT sum(open_amount) FROM dunning.open_items('2025-06-30') WHERE customer = 'C-7' AND currency = 'EUR'), 1200.00, 'which is what is open');
SELECT matches((dunning.render_template('statement', s, 'en')).body, 'Balance on 30 June 2025: €1,200.00') FROM account;

--
-- Pages
--
CREATE TEMP TABLE page AS SELECT l, k, CASE k WHEN 'file' THEN dunning.case_page('facture', c, '2025-06-30', l) ELSE dunning.statement_page('facture', c, '2025-01-01', '2025-06-30', language => l, currency => 'EUR') END AS html, c
	FROM unnest(ARRAY['en', 'fr']) AS l, unnest(ARRAY['file', 'statement']) AS k, unnest(ARRAY['C-7', 'C-8']) AS c;
SELECT is_empty($$ SELECT l, k, c FROM page WHERE html !~ '^\s*<!DOCTYPE html>' OR html !~ '</html>\s*$' OR html ~* '(src|href|@import|url\()\s*=' $$, 'whole documents that need nothing else');
SELECT is((SELECT string_agg(l, ' ' ORDER BY l) FROM page WHERE k = 'file' AND c = 'C-7' AND strpos(html, E'<div class="said">Dear &lt;b&gt;Sir&lt;/b&gt;,\n\n pay</div>') > 0), 'en fr', 'the text of a message is in it');
SELECT is_empty($$ SELECT l, k, c FROM page WHERE html ~ '<script|<b>"|<i>B' $$, 'nothing that somebody wrote is HTML');
SELECT is((SELECT count(*) FROM page WHERE c = 'C-8' AND html ~ '&lt;b&gt;&quot;O&#39;Neil&quot;&lt;/b&gt;\{\{x\}\}' AND html ~ '&lt;script&gt;' AND html ~ '&lt;i&gt;B&lt;/i&gt;'), 4::bigint, 'it is shown as it is');
SELECT is((SELECT string_agg(l, ' ' ORDER BY l) FROM page WHERE k = 'file' AND c = 'C-7' AND html ~ CASE l WHEN 'fr' THEN 'Dossier Durand &amp; Fils au 30/06/2025' ELSE 'File of Durand &amp; Fils on 30 June 2025' END), 'en fr', 'a title in each language');
SELECT is_empty($$ SELECT t.name, t.language, u.* FROM dunning.template AS t, unnest(ARRAY[t.subject, t.body]) AS x (template), LATERAL dunning.unknown_names(x.template, _dunning.page_sample(t.language), (SELECT * FROM _dunning.template_partials(t.language, '2026-07-01'))) AS u WHERE t.kind = 'page' $$,
	'the pages use no name that is not there');
-- what the sample has, a file has
CREATE FUNCTION pg_temp.names(j jsonb, path text DEFAULT '') RETURNS SETOF text LANGUAGE sql AS $$
	SELECT path WHERE path <> ''
	UNION SELECT n FROM jsonb_each(CASE jsonb_typeof(j) WHEN 'object' THEN j ELSE '{}' END) AS o (k, v), pg_temp.names(o.v, path || '.' || o.k) AS n
	UNION SELECT n FROM jsonb_array_elements(CASE jsonb_typeof(j) WHEN 'array' THEN j ELSE '[]' END) AS a (v), pg_temp.names(a.v, path) AS n
$$;
SELECT is_empty($$ SELECT DISTINCT x.name FROM dunning.template AS t, LATERAL dunning.unknown_names(t.body, (SELECT jsonb_set(jsonb_set(f, '{file,items,0,late_fees}', _dunning.page_sample('en') #> '{file,items,0,late_fees}'), '{file,items,0,fees}', _dunning.page_sample('en') #> '{file,items,0,fees}') || (SELECT jsonb_build_object('statement', s -> 'statement') FROM account) FROM file), (SELECT * FROM _dunning.template_partials(t.language, '2026-07-01'))) AS x WHERE t.kind = 'page' $$, 'nor one that a file does not have');
SELECT lives_ok($$ SELECT dunning.save_template('case_file', 'en', replace(body, '<h2>Amounts</h2>', '<h2>{{customer.name}} owes</h2>'), kind => 'page') FROM dunning.template WHERE name = 'case_file' AND language = 'en' $$, 'a page of one''s own');
SELECT matches(dunning.case_page('facture', 'C-7', '2025-06-30', 'en'), '<h2>Durand &amp; Fils owes</h2>', 'is taken');
SELECT throws_ok($$ SELECT dunning.save_template('case_file', 'en', '{{file.secrets}}', kind => 'page') $$, '22023', 'template "case_file" uses names that its context does not have', 'with names that are there');
SELECT throws_ok($$ SELECT dunning.save_template('statement_page', 'fr', 'x'), dunning.statement_page('facture', 'C-7', '2025-01-01', '2025-06-30', language => 'fr', currency => 'EUR') $$, '42704', 'there is no page "statement_page" in language "fr"', 'a message is no page');

--
-- Rights
--
CREATE ROLE dunning_b;
CREATE ROLE dunning_sees;
GRANT SELECT ON client, facture, reglement TO dunning_b, dunning_sees;
GRANT USAGE ON SCHEMA public TO dunning_b, dunning_sees;
SELECT FROM dunning.grant_access('dunning_sees', 'viewer');
SET LOCAL ROLE dunning_sees;
SELECT is((SELECT length(dunning.case_page('facture', 'C-7')) > 1000 AND length(dunning.statement_page('facture', 'C-7', '2025-01-01', currency => 'EUR')) > 1000), true, 'a viewer prints both');
RESET ROLE;
SET LOCAL ROLE dunning_b;
SELECT throws_ok($$ SELECT dunning.case_page('facture', 'C-7') $$, '42501', NULL, 'who has no access does not');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
