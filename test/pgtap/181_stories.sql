-- Stories of a credit manager, 2026: to the cent and to the day.
-- The rate from 1 July on is 12.40 % a year, on actual days of 365.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SET dunning.time_zone = 'UTC';
SELECT no_plan();
-- the stories end in the days to come of some clocks
CREATE OR REPLACE FUNCTION _dunning.real_day() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT date '2026-12-01' $$;
INSERT INTO dunning.rule (name, rule) VALUES ('story', '12.40%; act/365; compensation 40.00 EUR');
INSERT INTO dunning.procedure (name, procedure) VALUES ('story', '5 email; 20 letter; wait 3'),
	('bills', '-14 email "Soon due"; 5 email "Reminder"; 30 letter; reject 0 phone "Call" manual; reject 0 insurer "Alert" manual');
CREATE TABLE public.invoice (no text PRIMARY KEY, client text, company text DEFAULT 'A', issued date, delivered date, due date, amount numeric(14, 2), bill date);
CREATE TABLE public.receipt (invoice text, day date, amount numeric(14, 2), reason text);
CREATE INDEX ON public.receipt (invoice);
SELECT FROM dunning.adopt('public.invoice', procedure => 'story', rule => 'story', columns => '{"key": "no", "customer": "client", "company": "company", "issued_on": "issued", "delivered_on": "delivered",
	"due_on": "due", "amount": "amount", "currency": "EUR", "matures_on": "bill", "payments": {"table": "receipt", "item": "invoice", "date": "day", "amount": "amount", "reject_code": "reason"}}') \g /dev/null
-- the reminders of a client, in their order
CREATE FUNCTION pg_temp.letters(client text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(concat_ws(' ', r.item, r.channel, to_char(r.raised_on, 'MM-DD'), r.open_amount), ', ' ORDER BY r.reminder), 'none') FROM dunning.reminder AS r WHERE r.customer::text = client $$;

--
-- 1. Insolvency.  F1 12,000 delivered 10/09, due 31/10; F2 5,000 delivered 05/11, due 31/12; F3 6,000 delivered 20/11, due 25/11.  Judgment 12/11, published 19/11.
--
INSERT INTO public.invoice (no, client, issued, delivered, due, amount) VALUES ('F1', 'failing', '2026-09-10', '2026-09-10', '2026-10-31', 12000),
	('F2', 'failing', '2026-11-05', '2026-11-05', '2026-12-31', 5000), ('F3', 'failing', '2026-11-20', '2026-11-20', '2026-11-25', 6000);
SELECT is((SELECT cardinality(held) FROM dunning.insolvency('failing', '2026-11-12', '2026-11-19')), 2, '1: two claims are older than the judgment');
SELECT is(pg_temp.letters('failing'), 'none', '1: nobody was reminded before');
SELECT dunning.run_reminders(day::date) FROM generate_series(date '2026-11-12', '2026-11-29', '1 day') AS day \g /dev/null
SELECT is(pg_temp.letters('failing'), 'none', '1: nor until 29 November');
SELECT dunning.run_reminders('2026-11-30') \g /dev/null
SELECT is(pg_temp.letters('failing'), 'F3 email 11-30 6000.00', '1: on 30 November only F3 is reminded');
SELECT results_eq($$ SELECT item::text, principal, late_interest, compensation, declare_by, reclaim_by FROM dunning.insolvency_claims('2026-11-30', customer => 'failing') ORDER BY item $$,
	$$ VALUES ('F1', 12000.00, 44.84, 40.00, date '2027-01-19', date '2027-02-19'), ('F2', 5000.00, 0.00, 0.00, '2027-01-19', '2027-02-19') $$, '1: to declare by 19 January 2027, reserved title by 19 February');
SELECT is((SELECT sum(total) FROM dunning.insolvency_claims('2026-11-30', customer => 'failing')), 17084.84, '1: 17,084.84');
INSERT INTO public.invoice (no, client, issued, delivered, due, amount) VALUES ('R1', 'Reunion', '2026-09-10', '2026-09-10', '2026-10-31', 1);
SELECT is((SELECT declare_by FROM dunning.insolvency('Reunion', '2026-11-12', '2026-11-19', abroad => true)), '2027-03-19', '1: a court in La Reunion: by 19 March');

--
-- 2. Bank file.  8,400 due 25/11, paid on Friday 27/11; statements loaded up to 26/11.
--
INSERT INTO public.invoice (no, client, company, issued, due, amount) VALUES ('P1', 'payer', 'B', '2026-10-25', '2026-11-25', 8400), ('P2', 'sleeper', 'B', '2026-10-25', '2026-11-25', 90),
	('P3', 'elsewhere', 'C', '2026-10-25', '2026-11-25', 70);
INSERT INTO dunning.ledger_setting (ledger, statements_within) VALUES ('invoice', '1 business day');
SELECT dunning.statements_loaded('invoice', '2026-11-26', company => 'B', on_day => '2026-11-27') \g /dev/null
SELECT dunning.statements_loaded('invoice', '2026-11-27', company => c, on_day => '2026-11-30') FROM unnest(ARRAY['A', 'C']) AS c \g /dev/null
SELECT is(dunning.run_reminders('2026-11-30'), 1, '2: Monday 06:00');
SELECT is(concat_ws('; ', pg_temp.letters('payer'), pg_temp.letters('sleeper'), pg_temp.letters('elsewhere')), 'none; none; P3 email 11-30 70.00', '2: nothing is raised for that company');
SELECT results_eq('SELECT message, items FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)',
	$$ VALUES ('nothing automatic is raised for company "B": bank statements are loaded through 2026-11-26, and 2026-11-27 is needed', 2) $$, '2: one problem says why');
INSERT INTO public.receipt VALUES ('P1', '2026-11-27', 8400);
SELECT dunning.statements_loaded('invoice', '2026-11-27', company => 'B', on_day => '2026-11-30') \g /dev/null
SELECT is(dunning.run_reminders('2026-11-30'), 1, '2: at 09:00 again');
SELECT is(concat_ws('; ', pg_temp.letters('payer'), pg_temp.letters('sleeper'), pg_temp.letters('elsewhere')), 'none; P2 email 11-30 90.00; P3 email 11-30 70.00', '2: no letter to this customer, the others once');
SELECT is((SELECT count(*) FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)), 0::bigint, '2: and nothing to say');
DELETE FROM dunning.ledger_setting;

--
-- 4. Bill of exchange.  20,000 due 30/09; bill accepted 15/09, returned unpaid 05/10.
--
UPDATE dunning.ledger SET procedure = 'bills' WHERE ledger = 'invoice';
INSERT INTO public.invoice (no, client, company, issued, due, amount, bill) VALUES ('T1', 'drawee', 'A', '2026-08-30', '2026-09-30', 20000, '2026-09-30'),
	('T2', 'other', 'A', '2026-08-30', '2026-09-30', 20000, NULL),
	('T3', 'booked', 'A', '2026-08-30', '2026-09-30', 20000, NULL);
INSERT INTO public.receipt VALUES ('T3', '2026-09-15', 20000, NULL);	-- who books the bill as paid
SELECT dunning.run_reminders('2026-09-16') \g /dev/null
SELECT is(pg_temp.letters('drawee') || '; ' || pg_temp.letters('other'), 'none; T2 email 09-16 20000.00', '4: on 16 September no reminder');
SELECT results_eq($$ SELECT total, overdue FROM dunning.aged_balance_report('2026-09-16') WHERE customer = 'drawee' $$, 'VALUES (20000.00, 0.00)', '4: and an exposure of 20,000');
SELECT dunning.run_reminders(day::date) FROM generate_series(date '2026-09-17', '2026-10-04', '1 day') AS day \g /dev/null
SELECT is(pg_temp.letters('drawee'), 'none', '4: nothing until it comes back');
INSERT INTO public.receipt VALUES ('T1', '2026-10-05', 0, 'MS03'), ('T3', '2026-10-05', -20000, 'MS03');
SELECT dunning.run_reminders('2026-10-05') \g /dev/null
SELECT is(pg_temp.letters('drawee'), 'T1 phone 10-05 20000.00, T1 insurer 10-05 20000.00', '4: on 5 October a call and an alert of the insurer by one run, and no e-mail');
SELECT is(pg_temp.letters('booked'), 'T3 phone 10-05 20000.00, T3 insurer 10-05 20000.00', '4: so it is where the bill was booked as paid');
SELECT is(dunning.run_reminders('2026-10-05'), 0, '4: a second run adds nothing');
SET dunning.today = '2026-10-31';
SELECT results_eq($$ SELECT late_interest, days_past_due, compensation FROM dunning.worklist WHERE item = 'T1' $$, 'VALUES (210.63, 31, 40.00)', '4: on 31 October 31 days of interest, and 40');
SELECT results_eq($$ SELECT late_interest, days_past_due, compensation FROM dunning.worklist WHERE item = 'T3' $$, 'VALUES (210.63, 31, 40.00)', '4: as if it had never been paid');
RESET dunning.today;
SELECT dunning.run_reminders('2026-10-06') \g /dev/null
SELECT is(pg_temp.letters('drawee'), 'T1 phone 10-05 20000.00, T1 insurer 10-05 20000.00, T1 email 10-06 20000.00', '4: the ladder goes on on the day after');

--
-- 3. Group.  Site A 10,000 due 10/11, site B 7,000 due 20/11, credit note of A -2,000 due, down-payment of A -30,000 for another order.
--
CREATE TABLE public.site (id text PRIMARY KEY, name text, email text, payer text, langue text DEFAULT 'fr');
INSERT INTO public.site VALUES ('PC', 'Centre de paiement', 'pc@x.example', NULL), ('SA', 'Site A', 'a@x.example', 'PC'), ('SB', 'Site B', 'b@x.example', 'PC');
CREATE TABLE public.sale (no text PRIMARY KEY, site text, kind text, issued date, due date, amount numeric(14, 2), open numeric(14, 2), currency text DEFAULT 'EUR');
INSERT INTO public.sale (no, site, kind, issued, due, amount, open) VALUES ('GA', 'SA', 'invoice', '2026-10-10', '2026-11-10', 10000, 10000), ('GB', 'SB', 'invoice', '2026-10-20', '2026-11-20', 7000, 7000),
	('GC', 'SA', 'credit_note', '2026-11-05', '2026-11-05', -2000, -2000), ('GD', 'SA', 'down_payment', '2026-11-01', NULL, -30000, -30000);
INSERT INTO dunning.procedure (name, procedure) VALUES ('group', '5 email; 20 email "Second"; wait 3; by customer');
SELECT FROM dunning.adopt('public.sale', procedure => 'group', rule => NULL, columns => '{"key": "no", "customer": "site", "kind": "kind", "issued_on": "issued", "due_on": "due", "amount": "amount", "open_amount": "open", "currency": "currency",
	"customers": {"table": "site", "key": "id", "name": "name", "email": "email", "payer": "payer", "language": "langue"}}') \g /dev/null
INSERT INTO dunning.ledger_setting (ledger, netting) VALUES ('sale', 'credit_notes');
CREATE OR REPLACE FUNCTION _dunning.real_day() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT date '2026-11-30' $$;
SELECT dunning.run_reminders('2026-11-15', 'sale') \g /dev/null
SELECT dunning.mark_reminder_sent(reminder, '2026-11-15') FROM dunning.reminder WHERE ledger = 'sale' \g /dev/null
SELECT dunning.run_reminders(ledger => 'sale') \g /dev/null
SELECT results_eq($$ SELECT item::text, step, payer::text FROM dunning.reminder WHERE ledger = 'sale' AND state = 'pending' ORDER BY item $$, $$ VALUES ('GA', '20', 'PC'), ('GB', '20', 'PC') $$, '3: on 30 November both invoices take the step of day 20');
SELECT is(dunning.make_notices('sale'), 1, '3: one notice');
CREATE TEMP TABLE told AS SELECT * FROM dunning.take_notices('email');
SELECT results_eq('SELECT customer::text, email, items, open_amount FROM told', $$ VALUES ('PC', 'pc@x.example', 2, 15000.00) $$, '3: to the payment centre over 15,000, the sites get nothing');
SELECT matches((SELECT translate(body, U&'\00a0\202f', '  ') FROM told), '10 000,00 €.*7 000,00 €.*- avoir GC du 05/11/2026, à déduire : 2 000,00 €\n.*soit 15 000,00 € au total', '3: with the credit note');
SELECT matches((SELECT translate(body, U&'\00a0\202f', '  ') FROM told), '- acompte GD du 01/11/2026, non déduit ici : 30 000,00 €', '3: the down-payment is shown');
SELECT results_eq($$ SELECT (context #>> '{totals,raw,credits}')::numeric, (context #>> '{totals,raw,total}')::numeric, jsonb_array_length(context -> 'credits') FROM told $$, 'VALUES (2000.00, 15000.00, 2)', '3: and it adds up');
SELECT is((dunning.notice_context('sale', 'PC') #>> '{totals,raw,open_amount}')::numeric, 15000.00, '3: the context alone says the same');
UPDATE dunning.ledger_setting SET netting = 'all';
UPDATE public.sale SET open = open WHERE no = 'GA';
SELECT dunning.notice_failed(notice, 'try later') FROM told \g /dev/null
UPDATE dunning.notice SET ready_at = now() WHERE ledger = 'sale';
SELECT is_empty($$ SELECT FROM dunning.take_notices('email') $$, '3: where the down-payment is set off, too, nothing leaves');
SELECT results_eq($$ SELECT state, reason FROM dunning.notice WHERE ledger = 'sale' $$, $$ VALUES ('withdrawn', 'the customer has credits that are as high') $$, '3: and the notice says why');

--
-- 7. Insured plan (policy: extensions up to 60 days, declare within 90).  30,000 due 31/08.  A plan of 6 times 5,000 from 30/09.
--
INSERT INTO dunning.ledger_setting (ledger, insurer_extension, insurer_declaration) VALUES ('invoice', 60, 90);
INSERT INTO public.invoice (no, client, issued, delivered, due, amount) VALUES ('I1', 'insured', '2026-08-01', '2026-08-01', '2026-08-31', 30000), ('I2', 'insured', '2026-08-20', '2026-08-20', '2026-09-20', 700);
SELECT throws_ok($$ SELECT dunning.agree_plan('invoice', '{I1}', '2026-09-30', each => 5000, agreed_on => '2026-09-01') $$, '22023', 'a plan until 2027-02-28 is too long',
	'7: six instalments pass 30 October, and are refused');
SELECT is((SELECT count(*) FROM dunning.plan), 0::bigint, '7: nothing was noted');
SELECT is_empty($$ SELECT item FROM dunning.insurer_declarations('2026-10-30', days => 29) $$, '7: on 30 October there is a month left');
SELECT results_eq($$ SELECT item::text, open_amount, declare_by, days, extended_until, allowed_until, too_long FROM dunning.insurer_declarations('2026-11-16') WHERE customer = 'insured' $$,
	$$ VALUES ('I1', 30000.00, date '2026-11-29', 13, NULL::date, date '2026-10-30', false) $$, '7: on 16 November it is to be declared by 29 November');
SELECT is((SELECT max(days) FROM dunning.insurer_declarations('2026-12-01') WHERE item = 'I1'), -2, '7: on 1 December it is two days late, and still there');
SELECT is((SELECT declare_by FROM dunning.insurer_declarations('2026-11-16', days => 33) WHERE item = 'I2'), date '2026-12-19', '7: the next one, for who looks further');
-- with his consent, and without a word to him
SELECT dunning.agree_plan('invoice', '{I1}', '2026-09-30', each => 5000, agreed_on => '2026-09-01', most_days => 181) AS plan \gset
SELECT results_eq($$ SELECT extended_until, too_long FROM dunning.insurer_declarations('2026-11-16') WHERE item = 'I1' $$, $$ VALUES (date '2027-02-28', true) $$, '7: with the consent of the insurer it is agreed, and the list shows its length');
SELECT dunning.cancel_plan(:plan, 'first instalment missed', '2026-10-01') \g /dev/null
SELECT throws_ok(format('SELECT dunning.%s(''invoice'', %L, ''deferral'', ''2026-10-01'', ''2026-12-15'')', f, k), '22023', 'a deferral until 2026-12-15 is too long', '7: a deferral is checked, too: ' || f)
FROM (VALUES ('hold_item', 'I2'), ('hold_items', '{I2}'), ('hold_customer', 'insured')) AS v (f, k);
SELECT lives_ok($$ SELECT dunning.release_hold(dunning.hold_item('invoice', 'I2', 'deferral', '2026-10-01', '2026-11-19'), 'never was', '2026-10-01') $$, '7: up to its last day it is not');
SELECT is((SELECT count(*) FROM dunning.hold WHERE reason = 'deferral' AND released_on IS NULL), 0::bigint, '7: and nothing was noted');
SELECT dunning.hold_item('invoice', 'I2', 'deferral', '2026-10-01', '2026-12-15', most_days => 86) AS deferral \gset
SELECT results_eq($$ SELECT item::text, extended_until, allowed_until FROM dunning.insurer_declarations('2026-10-02', days => 10) $$, $$ VALUES ('I2', date '2026-12-15', date '2026-11-19') $$, '7: a deferral that is too long is on the list at once');
SELECT dunning.release_hold(:deferral, 'too long', '2026-10-01') \g /dev/null
SELECT is_empty($$ SELECT item FROM dunning.insurer_declarations('2026-10-02', days => 10) $$, '7: until it is released');
-- a payment, a declaration and a mistake
INSERT INTO public.receipt VALUES ('I1', '2026-11-20', 12000);
SELECT is((SELECT open_amount FROM dunning.insurer_declarations('2026-11-21') WHERE item = 'I1'), 18000.00, '7: what is left of it');
SELECT (dunning.hand_over('invoice', '{I1}', 'Assureur', 'insurer', '2026-11-22'))[1] AS declared \gset
SELECT is_empty($$ SELECT item FROM dunning.insurer_declarations('2026-11-22') WHERE item = 'I1' $$, '7: once declared it is off the list');
SELECT is((SELECT count(*) FROM dunning.insurer_declarations('2026-11-21') WHERE item = 'I1'), 1::bigint, '7: on the day before it was on it');
SELECT dunning.recall_handover(:declared, 'noted by mistake', '2026-11-22') \g /dev/null
SELECT is((SELECT count(*) FROM dunning.insurer_declarations('2026-11-22') WHERE item = 'I1'), 1::bigint, '7: and back if that was a mistake');
UPDATE dunning.ledger_setting SET insurer_declaration = NULL, insurer_extension = NULL;
SELECT is_empty('SELECT item FROM dunning.insurer_declarations()', '7: without limits there is no list');

SELECT * FROM finish();
