-- Payment plans: instalments, what became of them on any day, what is held for them, and who may.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\ir said.psql

--
-- Instalments. PP-01 and PP-02 are published with Tryton's scenario of rescheduled lines.
--
SELECT is((SELECT string_agg(amount_due::text || ' ' || due_on, ', ' ORDER BY nth) FROM dunning.plan_instalments(100.00, '2026-01-31', each => 30.00, every_months => 1)),
	'30.00 2026-01-31, 30.00 2026-02-28, 30.00 2026-03-31, 10.00 2026-04-30', 'PP-01: by amount, on the last day of shorter months');
SELECT is((SELECT string_agg(amount_due::text || ' ' || due_on, ', ' ORDER BY nth) FROM dunning.plan_instalments(100.00, '2026-01-15', 3, every_months => 2)),
	'33.33 2026-01-15, 33.33 2026-03-15, 33.34 2026-05-15', 'PP-02: by number, the last one takes the rest');
SELECT is((SELECT string_agg(amount_due::text || ' ' || due_on, ', ' ORDER BY nth) FROM dunning.plan_instalments(10.00, '2026-01-15', 3, every_days => 10)),
	'3.33 2026-01-15, 3.33 2026-01-25, 3.34 2026-02-04', 'by days');
SELECT is((SELECT string_agg(amount_due::text, ' ' ORDER BY nth) FROM dunning.plan_instalments(a, '2026-01-15', n, decimals => d)), e, format('%s in %s', a, n)) FROM (VALUES
	(200.00, 3, 2, '66.67 66.67 66.66'), (0.05, 4, 2, '0.01 0.01 0.01 0.02'), (0.07, 4, 2, '0.02 0.02 0.02 0.01'), (0.03, 2, 2, '0.02 0.01'), (0.06, 4, 2, '0.01 0.01 0.01 0.03'), (1000, 3, 0, '333 333 334'), (1, 1, 2, '1.00')) AS v (a, n, d, e);
-- whatever the amount and the number: nothing is lost, nothing is below 0, no two but the last one differ
SELECT is((SELECT count(*) FROM (
	SELECT a, n FROM generate_series(1, 400) AS a CROSS JOIN generate_series(1, 24) AS n
	CROSS JOIN LATERAL (SELECT sum(i.amount_due) AS total, min(i.amount_due) AS least, count(DISTINCT i.amount_due) FILTER (WHERE i.nth < n) AS kinds, count(*) AS found
		FROM dunning.plan_instalments(a * 0.01, '2026-01-01', n) AS i) AS i
	WHERE a >= n AND (i.total <> a * 0.01 OR i.least <= 0 OR i.kinds > 1 OR i.found <> n)) AS wrong), 0::bigint, 'all plans of a cent to 4.00 in up to 24 instalments add up');
SELECT is(pg_temp.said(format('SELECT count(*) FROM dunning.plan_instalments(%s)', a)), e, a) FROM (VALUES
	($a$100, '2026-01-01'$a$, '22023 | how many instalments, or of which amount? | Give number, from 1 to 500, or each, an amount above 0 with at most 2 decimals.'),
	($a$100, '2026-01-01', 3, 10$a$, '22023 | how many instalments, or of which amount? | Give number, from 1 to 500, or each, an amount above 0 with at most 2 decimals.'),
	($a$100, '2026-01-01', 0$a$, '22023 | how many instalments, or of which amount? | Give number, from 1 to 500, or each, an amount above 0 with at most 2 decimals.'),
	($a$100.001, '2026-01-01', 3$a$, '22023 | an amount of 100.001 cannot be paid in instalments | Give an amount above 0 with at most 2 decimals.'),
	($a$-1, '2026-01-01', 3$a$, '22023 | an amount of -1 cannot be paid in instalments | Give an amount above 0 with at most 2 decimals.'),
	($a$'NaN', '2026-01-01', 3$a$, '22023 | an amount of NaN cannot be paid in instalments | Give an amount above 0 with at most 2 decimals.'),
	($a$0.02, '2026-01-01', 3$a$, '22023 | 0.02 cannot be paid in 3 instalments | An instalment has at most 2 decimals.'),
	($a$1000, '2026-01-01', each => 0.01$a$, '54000 | 1000 in instalments of 0.01 are more than 500 instalments | Give a larger amount.'),
	($a$100, '2026-01-01', 3, every_months => 0$a$, '22023 | instalments cannot be 0 months and 0 days apart | Give every_months, or every_days, above 0.'),
	($a$100, 'infinity', 3$a$, '22008 | instalments cannot begin on infinity | Their days are of the years 0001 to 9990.'),
	($a$NULL, '2026-01-01', 3$a$, '0')) AS v (a, e);

--
-- In the books
--
CREATE TABLE facture (id integer PRIMARY KEY, client text, societe text, devise text, date_facture date, date_echeance date, total numeric);
CREATE TABLE reglement (id integer GENERATED ALWAYS AS IDENTITY, facture integer, montant numeric, date_reglement date);
INSERT INTO facture SELECT k, CASE WHEN k <= 3 THEN 'Été' ELSE 'Hiver' END, 'A', 'EUR', pg_temp.now() - 100, pg_temp.now() - 70, 100.00 * k FROM generate_series(1, 5) AS k;
\set columns '{"key": "id", "customer": "client", "due_on": "date_echeance", "issued_on": "date_facture", "amount": "total", "company": "societe", "currency": "devise", "payments": {"table": "reglement", "item": "facture", "amount": "montant", "date": "date_reglement"}}'
SELECT FROM dunning.adopt('facture', columns => :'columns', procedure => 'standard') \g /dev/null
-- items 2 and 3, 500.00 in three instalments 10 days apart, agreed 25 days ago
SELECT dunning.agree_plan('facture', ARRAY['2', '3']::dunning.item_key[], pg_temp.now() - 15, 3, every_days => 10, agreed_on => pg_temp.now() - 25, tolerance_days => 2, agreed_by => 'Mme Roux') AS plan \gset
SELECT results_eq($$ SELECT nth, due_on - pg_temp.now(), last_on - pg_temp.now(), amount, state, paid, decided_on - pg_temp.now() FROM dunning.instalments_of_plans() $$,
	$$ VALUES (1, -15, -13, 166.67, 'broken', 0.00, -12), (2, -5, -3, 166.67, 'broken', 0.00, -2), (3, 5, 7, 166.66, 'open', 0.00, NULL::integer) $$, 'three instalments, two of them missed');
SELECT results_eq($$ SELECT state, paid, missing, decided_on - pg_temp.now() FROM dunning.plans() $$, $$ VALUES ('broken', 0.00, 500.00, -12) $$, 'so it broke the day after the last day of the first');
SELECT results_eq($$ SELECT state, changes_on - pg_temp.now() FROM dunning.plans(pg_temp.now() - 13) $$, $$ VALUES ('active', -12) $$, 'until then it was active');
INSERT INTO reglement (facture, montant, date_reglement) VALUES (2, 150, pg_temp.now() - 20), (3, 20, pg_temp.now() - 13), (3, 163.34, pg_temp.now() - 3);
SELECT results_eq($$ SELECT nth, state, paid, decided_on - pg_temp.now() FROM dunning.instalments_of_plans() $$,
	$$ VALUES (1, 'kept', 166.67, -13), (2, 'kept', 166.67, -3), (3, 'open', 0.00, NULL::integer) $$, 'payments fill the instalments first to last, to the cent and on the last day');
SELECT results_eq($$ SELECT state, paid, missing, next_on - pg_temp.now(), next_missing, changes_on - pg_temp.now(), agreed_by FROM dunning.plans() $$,
	$$ VALUES ('active', 333.34, 166.66, 5, 166.66, 8, 'Mme Roux') $$, 'the plan is active');
SELECT results_eq($$ SELECT item::text, state, reason_name, until_on - pg_temp.now() FROM dunning.worklist WHERE customer = 'Été' ORDER BY 1 $$,
	$$ VALUES ('1', 'due', NULL, NULL::integer), ('2', 'held', 'plan', 7), ('3', 'held', 'plan', 7) $$, 'its items are held, and no other');
SELECT is(dunning.end_broken_plans(), 0, 'nothing is broken');
SELECT results_eq($$ SELECT sum(open_amount) FROM dunning.open_item WHERE customer = 'Été' $$, $$ VALUES (266.66) $$, 'balances count the items once');

-- a cent less, and it is broken
UPDATE reglement SET montant = 163.33 WHERE montant = 163.34;
SELECT results_eq($$ SELECT state, decided_on - pg_temp.now() FROM dunning.plans() $$, $$ VALUES ('broken', -2) $$, 'a cent less breaks it');
SELECT is((SELECT string_agg(regexp_replace(what, '[0-9].*:', '...'), '; ' ORDER BY nth) FROM dunning.plan AS p CROSS JOIN LATERAL unnest(ARRAY['en', 'fr']) AS l CROSS JOIN LATERAL dunning.why('facture', p.items[1], language => l) WHERE about = 'plan'),
	'Payment plan of €... broken; Échéancier de ... rompu', 'why tells of it');
SELECT results_eq($$ SELECT w.about, w.on_day - pg_temp.now(), replace(w.what, to_char(pg_temp.now() - 2, 'FMDD FMMonth YYYY'), '<day>') ~ '^The payment plan has been broken since <day>: the next run ends the hold. Then: Step 1 is due since .* e-mail'
	FROM dunning.plan AS p CROSS JOIN LATERAL dunning.why('facture', p.items[1]) AS w WHERE w.about = 'change' $$, $$ VALUES ('change', 0, true) $$, 'and of what the next run makes of it');
SELECT results_eq($$ SELECT w.what ~ '^L''échéancier est rompu depuis le .* : le prochain traitement lève la suspension. Ensuite : Étape 1 à faire depuis' FROM dunning.plan AS p
	CROSS JOIN LATERAL dunning.why('facture', p.items[1], language => 'fr') AS w WHERE w.about = 'change' $$, $$ VALUES (true) $$, 'in French, too');
SELECT is((SELECT count(*) FROM dunning.why('facture', '2', pg_temp.now() - 1) WHERE what ~ 'next run'), 0::bigint, 'on a past day nothing is to come');
SELECT is(dunning.end_broken_plans(ledger => 'facture'), 1, 'a run sees that');
SELECT is(dunning.end_broken_plans(), 0, 'once');
SELECT results_eq($$ SELECT ended_on - pg_temp.now(), ended_as, ended_by FROM dunning.plan $$, $$ VALUES (-2, 'broken', session_user) $$, 'its end is a fact');
SELECT results_eq($$ SELECT item::text, state FROM dunning.worklist WHERE customer = 'Été' ORDER BY 1 $$, $$ VALUES ('1', 'due'), ('2', 'due'), ('3', 'due') $$, 'the items return');
SELECT is((SELECT string_agg(DISTINCT released_on - pg_temp.now() || ' ' || release_reason, '; ') FROM dunning.hold), '-2 payment plan broken', 'from the day on which it broke');
INSERT INTO reglement (facture, montant, date_reglement) VALUES (3, 166.67, pg_temp.now());
SELECT results_eq($$ SELECT nth, state, paid FROM dunning.instalments_of_plans() $$, $$ VALUES (1, 'kept', 166.67), (2, 'partly_kept', 166.66), (3, 'open', 0.00) $$, 'what came later does not mend it');
SELECT results_eq($$ SELECT state, decided_on - pg_temp.now() FROM dunning.plans() $$, $$ VALUES ('broken', -2) $$, 'it stays broken');

-- paid as agreed; then cancelled
SELECT dunning.agree_plan('facture', ARRAY['4']::dunning.item_key[], due_on => ARRAY[pg_temp.now() - 5, pg_temp.now() + 5], amounts => '{100,300}', agreed_on => pg_temp.now() - 10) AS kept \gset
INSERT INTO reglement (facture, montant, date_reglement) VALUES (4, 400, pg_temp.now() - 6);
SELECT results_eq(format($$ SELECT state, paid, decided_on - pg_temp.now(), next_on FROM dunning.plans() WHERE plan = %s $$, :kept), $$ VALUES ('completed', 400.00, -6, NULL::date) $$, 'a payment of all completes it');
SELECT dunning.agree_plan('facture', ARRAY['5']::dunning.item_key[], pg_temp.now() + 5, each => 200) AS other \gset
SELECT is(pg_temp.said($$ SELECT dunning.agree_plan('facture', ARRAY['5']::dunning.item_key[], pg_temp.now() + 5, 2) $$),
	'55000 | an item is in another plan | SELECT * FROM dunning.plans(ledger => ''facture'') shows them; dunning.cancel_plan ends one.', 'an item is in one plan');
SELECT ok(dunning.cancel_plan(:other, 'he asked for it'), 'cancelled');
SELECT ok(NOT dunning.cancel_plan(:other, 'he asked for it'), 'once');
SELECT results_eq(format($$ SELECT state, decided_on - pg_temp.now() FROM dunning.plans() WHERE plan = %s $$, :other), $$ VALUES ('cancelled', 0) $$, 'it is cancelled');
SELECT is((SELECT state FROM dunning.worklist WHERE item = '5'), 'due', 'and holds nothing');

-- the limit of a credit insurer: 30,000 due on 31 August, extensions up to 60 days
INSERT INTO facture VALUES (7, 'Assuré', 'A', 'EUR', '2026-08-01', '2026-08-31', 30000);
SELECT is(pg_temp.said($$ SELECT dunning.agree_plan('facture', ARRAY['7']::dunning.item_key[], '2026-09-30', 6, agreed_on => '2026-09-01', most_days => 60) $$),
	'22023 | a plan until 2027-02-28 is too long | The first item fell due on 2026-08-31; 60 days later is 2026-10-30. | Agree an earlier day, or ask whoever set most_days, such as the credit insurer.', 'refused without the consent of the insurer');
SELECT matches(pg_temp.said($$ SELECT dunning.agree_plan('facture', ARRAY['7']::dunning.item_key[], '2026-09-30', 2, agreed_on => '2026-09-01', most_days => 60) $$), '^\d+$', 'two instalments end in time');

-- its confirmation
SELECT max(plan) AS insured FROM dunning.plan WHERE items @> '{7}' \gset
SELECT is((SELECT subject FROM dunning.plan_confirmation(:insured, 'en')), format('A: your payment plan %s', :insured), 'a message confirms it');
SELECT is((SELECT substring(body FROM 'We confirm.*2026: [^\n]*') FROM dunning.plan_confirmation(:insured, 'en')), format('We confirm the payment plan %s agreed on 1 September 2026 for:

- invoice 7 of 1 August 2026: €30,000.00

You pay:

1. on 30 September 2026: €15,000.00
2. on 30 October 2026: €15,000.00', :insured), 'with its items and its instalments');
SELECT matches((SELECT body FROM dunning.plan_confirmation(:insured, 'fr')), 'convenu le 01/09/2026 pour.*1\. le 30/09/2026 : 15.000,00.€', 'in French');
SELECT matches(pg_temp.said('SELECT dunning.plan_confirmation(0)'), '^P0002 \| plan 0 does not exist', 'no plan, no message');
-- by payment terms
INSERT INTO facture VALUES (88, 'Assuré', 'A', 'EUR', '2026-08-01', '2026-08-31', 1000.01);
SELECT dunning.agree_plan('facture', '{88}', due_on => array_agg(i.due_on ORDER BY i.n), amounts => array_agg(i.amount ORDER BY i.n), agreed_on => '2026-09-01') AS by_terms
FROM dunning.instalments('2026-09-10', 1000.01, '30% 0 days; 30% 30 days; 40% 60 days') AS i \gset
SELECT results_eq(format('SELECT due_on, amount FROM dunning.instalments_of_plans(plan => %s)', :by_terms), $$ VALUES (date '2026-09-10', 300.00), ('2026-10-10', 300.00), ('2026-11-09', 400.01) $$, 'instalments by payment terms, the last one with the rest');

-- a run ends what broke before it reads what is due: item 5 was in a plan of 5 days ago
SELECT dunning.agree_plan('facture', ARRAY['5']::dunning.item_key[], pg_temp.now() - 5, 2, agreed_on => pg_temp.now() - 6) AS late \gset
SELECT is((SELECT state FROM dunning.worklist WHERE item = '5'), 'held', 'held until somebody sees that the plan broke');
SELECT ok(dunning.run_reminders() > 0, 'a run');
SELECT results_eq(format($$ SELECT ended_as, ended_on - pg_temp.now() FROM dunning.plan WHERE plan = %s $$, :late), $$ VALUES ('broken', -4) $$, 'sees it');
SELECT is((SELECT count(*) FROM dunning.reminder WHERE item = '5' AND state = 'pending'), 1::bigint, 'and reminds');

-- agreed before a payment, noted after it: what was open on its day is paid by it
INSERT INTO facture VALUES (8, 'Tard', 'A', 'EUR', pg_temp.now() - 100, pg_temp.now() - 70, 200), (9, 'Tard', 'A', 'EUR', pg_temp.now() - 100, pg_temp.now() - 70, -30);
INSERT INTO reglement (facture, montant, date_reglement) VALUES (8, 100, pg_temp.now() - 1);
SELECT dunning.agree_plan('facture', ARRAY['8']::dunning.item_key[], pg_temp.now() + 5, 2, agreed_on => pg_temp.now() - 3) AS noted \gset
SELECT results_eq(format($$ SELECT amount, state, paid, missing FROM dunning.plans() WHERE plan = %s $$, :noted), $$ VALUES (200.00, 'active', 100.00, 100.00) $$, 'no payment counts twice');
SELECT dunning.cancel_plan(:noted, 'x') \g /dev/null
-- 30.00 of a credit that is taken for an item would be paid, and the credit still be taken from what is open
SELECT is(pg_temp.said($$ SELECT dunning.agree_plan('facture', ARRAY['8', '9']::dunning.item_key[], pg_temp.now() + 5, 2) $$),
	'22023 | item "9" is a credit | Take the credit from an item in the books first, or leave it out.', 'no credit is paid in instalments');

SELECT is(pg_temp.said('SELECT dunning.' || a), replace(e, '<today>', pg_temp.now()::text), a) FROM (VALUES
	($a$agree_plan('facture', NULL, '2030-01-01', 2)$a$, '22023 | items is not a list of keys | Give an array with the keys of the items that are paid by the plan.'),
	($a$agree_plan('facture', ARRAY['99']::dunning.item_key[], '2030-01-01', 2)$a$, '42704 | item "99" is not in ledger "facture" | No row of the ledger is hidden. | SELECT item FROM dunning.open_item WHERE ledger = ''facture'' lists the open ones.'),
	($a$agree_plan('facture', ARRAY['1', '5']::dunning.item_key[], '2030-01-01', 2)$a$, '22023 | the items are not all of one customer and one currency | Agree a plan for each.'),
	($a$agree_plan('facture', ARRAY['4']::dunning.item_key[], '2030-01-01', 2)$a$, '22023 | nothing is open of the items | Their sum is 0.00.'),
	($a$agree_plan('facture', ARRAY['1']::dunning.item_key[])$a$, '22023 | which instalments? | Give first_on with number or each, or the lists due_on and amounts.'),
	($a$agree_plan('facture', ARRAY['1']::dunning.item_key[], due_on => '{2030-01-01,2030-02-01}', amounts => '{50,51}')$a$, '22023 | the instalments add up to 101, but 100.00 is open | A plan pays all that is open of its items.'),
	($a$agree_plan('facture', ARRAY['1']::dunning.item_key[], due_on => '{2030-02-01,2030-01-01}', amounts => '{50,50}')$a$, '22023 | due_on and amounts are not the days and amounts of 1 to 500 instalments | Give as many amounts above 0 as days, and the days in their order.'),
	($a$agree_plan('facture', ARRAY['1']::dunning.item_key[], '2030-01-01', 2, agreed_on => '2026-01-01')$a$, '42704 | item "1" is not in ledger "facture" | No row of the ledger is hidden. | On 2026-01-01 it was not yet issued, or it is not there at all.'),
	($a$agree_plan('facture', ARRAY['1']::dunning.item_key[], pg_temp.now(), 2)$a$, '22023 | the first instalment of <today> is not after the agreement of <today> | Payments after the day of the agreement count.'),
	($a$cancel_plan(0, 'x')$a$, 'P0002 | plan 0 does not exist | SELECT plan, customer, amount, state FROM dunning.plans() lists them.'),
	($a$cancel_plan(1, '')$a$, '22023 | a reason is needed to cancel a payment plan | The history of a customer has to say why he was reminded again.')) AS v (a, e);
SELECT throws_ok(format('UPDATE dunning.plan SET %s WHERE plan = %s', s, :plan), '55000', NULL, s) FROM unnest(ARRAY['amounts = ''{1,2,3}''', 'ended_on = NULL, ended_at = NULL, ended_by = NULL, ended_as = NULL', 'customer = ''x''']) AS s;
SELECT throws_ok('DELETE FROM dunning.plan', '55000', NULL, 'a plan is not deleted');
SELECT throws_ok(format($$ UPDATE dunning.plan SET ended_on = '2999-01-01', ended_as = 'cancelled' WHERE plan = %s $$, max(plan)), '23514', format('plan %s cannot end on 2999-01-01, a day to come', max(plan)), 'nor ended on a day to come') FROM dunning.plan WHERE ended_on IS NULL;
SELECT throws_ok(format('UPDATE dunning.plan SET %s WHERE plan = %s', s, max(p.plan)), '55000', NULL, s) FROM dunning.plan AS p, unnest(ARRAY['ended_on = agreed_on, ended_as = ''broken''',
	'ended_on = agreed_on, ended_as = ''cancelled''', 'ended_on = agreed_on, ended_as = ''cancelled'', end_reason = '' ''', 'ended_on = agreed_on - 1, ended_as = ''cancelled'', end_reason = ''x''']) AS s
WHERE p.ended_on IS NULL GROUP BY s;
SELECT throws_ok('SELECT dunning.end_broken_plans(as_of => pg_temp.now() + 1)', '22023', NULL, 'no plan breaks on a day to come');

SET LOCAL client_min_messages = warning;
CREATE ROLE plan_collector;
CREATE ROLE plan_viewer;
GRANT SELECT ON facture, reglement TO plan_collector, plan_viewer;
SELECT FROM dunning.grant_access('plan_collector', 'collector', company => 'B') \g /dev/null
SELECT FROM dunning.grant_access('plan_viewer', 'viewer') \g /dev/null
SELECT matches(pg_temp.said($$ SELECT dunning.agree_plan('facture', ARRAY['1']::dunning.item_key[], pg_temp.now() + 5, 2) $$, 'plan_collector'), '^42501 \| role "plan_collector" may not change what belongs to company "A"', 'not for another company');
SELECT is(pg_temp.said($$ SELECT count(*) FROM dunning.plans() $$, 'plan_collector'), '0', 'whose plans he does not see');
SELECT matches(pg_temp.said($$ SELECT dunning.cancel_plan(1, 'x') $$, 'plan_viewer'), '^42501', 'a viewer ends nothing');
SELECT is(pg_temp.said($$ SELECT count(*) FROM dunning.plans() $$, 'plan_viewer'), '7', 'but sees all');

-- who writes a plan himself, breaks nothing of others by it
INSERT INTO facture VALUES (10, 'Sien', 'B', 'EUR', pg_temp.now() - 100, pg_temp.now() - 70, 10);
SELECT dunning.hold_item('facture', '1', 'dispute', from_day => pg_temp.now() - 30) AS theirs \gset
SELECT matches(pg_temp.said(format($$ INSERT INTO dunning.plan (ledger, customer, items, company, currency, amount, agreed_on, due_on, amounts)
	VALUES ('facture', 'Sien', '{10}', 'B', 'EUR', 10, %s) RETURNING plan $$, v), 'plan_collector'), '^23514', v)
FROM unnest(ARRAY['''2026-01-01'', ARRAY[NULL::date], ''{10}''', '''2026-01-01'', ''{infinity}'', ''{10}''', '''2026-01-01'', ''{2026-01-01}'', ''{10}''',
	'''2026-01-01'', ''{2026-02-01}'', ''{NaN}''', '''2026-01-01'', ''{2026-02-01}'', ''{NULL}''', '''2026-01-01'', ''{2026-02-01}'', ''{0}''']) AS v;
SELECT matches(pg_temp.said($$ INSERT INTO dunning.plan (ledger, customer, items, company, currency, amount, agreed_on, due_on, amounts)
	VALUES ('facture', 'Sien', '{10}', 'B', 'EUR', 10, '2026-01-01', '{2026-02-01}', '{10}') RETURNING plan $$, 'plan_collector'), '^\d+$', 'a plan of his own');
SELECT matches(pg_temp.said(format($$ UPDATE dunning.plan SET holds = ARRAY[%s, 4711] RETURNING plan $$, :theirs), 'plan_collector'), '^\d+$', 'that names the hold of others, and one that is not there');
SELECT is(dunning.end_broken_plans(), 1, 'breaks');
SELECT is((SELECT released_on FROM dunning.hold WHERE hold = :theirs), NULL, 'and releases nothing of others');

-- a ledger that is released, with a plan that stands
SELECT dunning.agree_plan('facture', ARRAY['8']::dunning.item_key[], pg_temp.now() - 5, 2, agreed_on => pg_temp.now() - 6) \g /dev/null
SELECT count(*) FROM dunning.release_ledger('facture') \g /dev/null
SELECT is((SELECT count(*) FROM dunning.plans()), 0::bigint, 'is in no list');
SELECT is(dunning.end_broken_plans(), 0, 'and its plans end when it is adopted again');
-- whose payments are hidden from a runner is not broken for him
CREATE ROLE plan_runner;
GRANT SELECT ON facture, reglement TO plan_runner;
SELECT FROM dunning.grant_access('plan_runner', 'runner') \g /dev/null
ALTER TABLE reglement ENABLE ROW LEVEL SECURITY;
SELECT is(pg_temp.said('SELECT dunning.end_broken_plans()', 'plan_runner'), '0', 'what is hidden may be a payment');
SELECT is((SELECT ended_on FROM dunning.plan WHERE plan = :kept), NULL, 'so it stands');
SELECT finish();
ROLLBACK;
