-- Late fees have their own words and their reckoning in letters and files; the fee of a reminder is another thing.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\ir said.psql

INSERT INTO dunning.procedure (name, procedure) VALUES ('formal', '5 registered_letter "Formal" fee 10.00 EUR');
CREATE TABLE client (id integer PRIMARY KEY, nom text, adresse text, langue text, siren text);
INSERT INTO client SELECT n, 'C' || n, '1 quai', (ARRAY['fr', 'en', 'de', 'nl'])[n], '404833048' FROM generate_series(1, 5) AS n;
CREATE TABLE facture (id text PRIMARY KEY, client integer, emise date, echeance date, montant numeric(12, 2));
-- two months have begun: 1.5 % of 1,000.00 is 15.00, twice, and 20.00 once
INSERT INTO facture SELECT 'F-' || c.id, c.id, pg_temp.day(-70), pg_temp.day(-40), 1000 FROM client AS c;
INSERT INTO facture VALUES ('F-6', 1, pg_temp.day(-70), pg_temp.day(-3), 200);
INSERT INTO dunning.rule (name, rule) VALUES ('fees', '0%; fee 1.5% each started month; fee 20.00 EUR once after 5');
SELECT FROM dunning.adopt('facture', columns => '{"key": "id", "customer": "client", "issued_on": "emise", "due_on": "echeance", "open_amount": "montant", "amount": "montant", "currency": "EUR", "customers": {"table": "client", "key": "id", "name": "nom", "address": "adresse", "identifier": "siren", "language": "langue"}}',
	rule => 'fees', procedure => 'formal') \g /dev/null
SELECT dunning.save_sender('ACME', siren => '732829320', signatory => 'A') \g /dev/null
SELECT dunning.run_reminders(), dunning.make_notices() \g /dev/null
CREATE TEMP TABLE sent AS SELECT n.customer::text AS customer, n.total, n.context, translate(n.body, U&'\00A0\202F', '  ') AS body, translate(n.html, U&'\00A0\202F', '  ') AS html FROM dunning.take_notices('registered_letter') AS n;
SELECT is((SELECT count(*) || ' ' || min(total) || ' ' || max(total) FROM sent), '5 1060.00 1060.00', 'five letters, each with late fees and the fee of the reminder');
SELECT is((SELECT context #> '{totals,raw}' FROM sent WHERE customer = '1'), '{"open_amount": 1000.00, "credits": 0, "interest": 0.00, "compensation": 0, "late_fees": 50.00, "penalty": 50.00, "fees": 10.00, "total": 1060.00}'::jsonb, 'the sums tell them apart');
SELECT is((SELECT jsonb_agg(f #> '{raw,amount}') FROM sent, jsonb_array_elements(context #> '{penalties,late_fees}') AS f WHERE customer = '1'), '[30.00, 20.00]', 'the periods');
SELECT set_eq($$ SELECT k FROM sent, jsonb_object_keys(context #> '{penalties,late_fees,0}') AS k $$, $$ SELECT k FROM jsonb_object_keys(dunning.template_sample() #> '{penalties,late_fees,0}') AS k $$, 'with the names of the sample');
CREATE FUNCTION pg_temp.day_of(n integer, language text) RETURNS text LANGUAGE sql AS $$ SELECT dunning.format_date(pg_temp.day(-39 + n), language) $$;
SELECT alike((SELECT body FROM sent WHERE customer = '1'), '%, frais de retard 50,00 €%Frais de retard : 50,00 €%- facture F-1, du ' || pg_temp.day_of(0, 'fr') || ' au %, 2 × 1,50 % de 1 000,00 € : 30,00 €%- facture F-1, le ' || dunning.format_date(pg_temp.day(-34), 'fr') || ' : 20,00 €%Frais de relance : 10,00 €%Total à payer : 1 060,00 €%', 'in French');
SELECT alike((SELECT body FROM sent WHERE customer = '2'), '%, late fees €50.00%Late fees: €50.00%- invoice F-2, ' || pg_temp.day_of(0, 'en') || ' to %, 2 × 1.50\% of €1,000.00: €30.00%- invoice F-2, on %: €20.00%Reminder fees: €10.00%', 'in English');
SELECT alike((SELECT body FROM sent WHERE customer = '3'), '%, Säumniszuschläge 50,00 €%Säumniszuschläge: 50,00 €%- Rechnung F-3, ' || pg_temp.day_of(0, 'de') || ' bis %: 30,00 €%Mahngebühren: 10,00 €%', 'in German');
SELECT alike((SELECT body FROM sent WHERE customer = '4'), '%, toeslagen € 50,00%Toeslagen wegens te late betaling: € 50,00%- factuur F-4, ' || pg_temp.day_of(0, 'nl') || ' tot en met %: € 30,00%Aanmaningskosten: € 10,00%', 'in Dutch');
SELECT is_empty($$ SELECT s.customer FROM sent AS s WHERE s.body ~ '(^|\n)(Frais|Fees|Gebühren|Kosten) ?:' $$, 'nothing is only called a fee');
SELECT is((SELECT count(*) FROM sent, regexp_matches(html, '<td class="n">(1,50 %</td><td class="n">2|20,00 €</td><td class="n">1)</td><td class="n">[23]0,00 €</td></tr>', 'g') WHERE customer = '1'), 2::bigint, 'the page has the reckoning, too');

-- a message without late fees has no word of them
SELECT is_empty($$ SELECT FROM dunning.render_template('formal_notice', jsonb_set(jsonb_set(dunning.template_sample('fr'), '{totals,late_fees}', 'null'), '{penalties,late_fees}', 'null')) AS r WHERE r.html ~ '<th[^>]*>Frais de retard' OR r.body ~ 'Frais de retard' $$, 'without them, no column');

-- what follows each other with one amount is one row; a change of the base, a gap and another fee begin another
SELECT is(_dunning.joined_periods('[{"from_day": "2026-01-01", "to_day": "2026-01-31", "rate": 1, "principal": 100, "amount": 1.00}, {"from_day": "2026-01-06", "to_day": null, "rate": null, "principal": 100, "amount": 5}, {"from_day": "2026-02-01", "to_day": "2026-02-28", "rate": 1, "principal": 100, "amount": 1.00},
	{"from_day": "2026-03-01", "to_day": "2026-03-31", "rate": 1, "principal": 40, "amount": 0.40}, {"from_day": "2026-05-01", "to_day": "2026-05-31", "rate": 1, "principal": 40, "amount": 0.40}]'),
	'[{"from_day": "2026-01-01", "to_day": "2026-02-28", "periods": 2, "rate": 1, "principal": 100, "each": 1.00, "amount": 2.00}, {"from_day": "2026-01-06", "to_day": null, "periods": 1, "rate": null, "principal": 100, "each": 5, "amount": 5},
	{"from_day": "2026-03-01", "to_day": "2026-03-31", "periods": 1, "rate": 1, "principal": 40, "each": 0.40, "amount": 0.40}, {"from_day": "2026-05-01", "to_day": "2026-05-31", "periods": 1, "rate": 1, "principal": 40, "each": 0.40, "amount": 0.40}]', 'joined periods');

-- the file: once the letter is sent, its fee is owed
SELECT dunning.notice_sent(n.notice) FROM dunning.notice AS n WHERE n.customer = '1' \g /dev/null
CREATE TEMP TABLE file AS SELECT dunning.case_file('facture', '1') AS f, translate(dunning.case_page('facture', '1', language => 'fr'), U&'\00A0\202F', '  ') AS p;
SELECT is((SELECT f #> '{file,totals,0,raw}' FROM file), '{"open_amount": 1200.00, "overdue": 1200.00, "interest": 0.00, "late_fee": 53.00, "compensation": 0, "fees": 10.00, "total": 1263.00, "claimed": 0}'::jsonb, 'totals of the file');
SELECT is((SELECT jsonb_agg(l #> '{raw,amount}') FROM file, jsonb_array_elements(f #> '{file,items,0,late_fees}') AS l), '[30.00, 20.00]', 'and the reckoning of an item');
SELECT set_eq($$ SELECT k FROM file, jsonb_object_keys(f #> '{file,items,0,late_fees,0}') AS k $$, $$ SELECT k FROM jsonb_object_keys(_dunning.page_sample('en') #> '{file,items,0,late_fees,0}') AS k WHERE k <> 'reference' $$, 'with the names of the sample');
SELECT is((SELECT concat_ws(' ', f #> '{file,has_fees}', f #> '{file,items,0,fees}' #>> '{0,raw,amount}', f #> '{file,items,1,fees}') FROM file), 'true 10.00 []', 'and the fees of its reminders');
SELECT alike((SELECT p FROM file), '%<th class="n">Intérêts</th><th class="n">Frais de retard</th>%<td class="n">53,00 €</td>%décompte des intérêts et des frais de retard%<tr class="sum"><td colspan="5">Frais de retard</td><td class="n">50,00 €</td></tr>%<td>lettre recommandée, Formal</td><td class="n">10,00 €</td></tr>%', 'on its page');
SELECT * FROM finish();
ROLLBACK;
