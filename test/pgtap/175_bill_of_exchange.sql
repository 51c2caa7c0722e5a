-- A bill of exchange that has not matured is exposure, and is not reminded.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SET dunning.time_zone = 'UTC';
SELECT no_plan();

-- 20,000 due 30/09; a bill accepted on 15/09 for that day comes back unpaid on 05/10
CREATE TABLE public.bill (id integer PRIMARY KEY, client integer, issued_on date, due_on date, amount numeric, effet date);
CREATE TABLE public.payment (bill integer, paid_on date, amount numeric, code text);
CREATE INDEX ON public.payment (bill);
INSERT INTO dunning.rule (name, rule) VALUES ('story', '12.40%; act/365; compensation 40.00 EUR');
INSERT INTO dunning.procedure (name, procedure) VALUES ('ours', '-10 email "Alert"; 5 email "Reminder"; 30 letter; reject 0 phone "Call" manual; reject 0 task "Insurer" manual');
SELECT FROM dunning.adopt('public.bill', procedure => 'ours', rule => 'story', scheme => 'standard', columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on", "amount": "amount",
	"currency": "EUR", "matures_on": "effet", "payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount", "reject_code": "code"}}') \g /dev/null
INSERT INTO public.bill VALUES (1, 1, '2026-08-30', '2026-09-30', 20000, '2026-09-30'), (2, 2, '2026-08-30', '2026-09-30', 20000, NULL),
	-- a bill that extends the term, and one of an item that was reminded before
	(3, 3, '2026-07-01', '2026-07-31', 100, '2026-10-31');
SELECT is(dunning.run_reminders('2026-09-21'), 1, 'an alert before the due date');
SELECT set_eq('SELECT item::text FROM dunning.reminder', ARRAY['2'], 'for the one without a bill');
SET dunning.today = '2026-09-21';
SELECT results_eq($$ SELECT item::text, open_amount, state, until_on, reason_name, changes_on, days_past_due, due_on FROM dunning.worklist WHERE item <> '2' ORDER BY item $$,
	$$ VALUES ('1', 20000::numeric, 'held', date '2026-09-30', 'bill_of_exchange', date '2026-10-01', -9, date '2026-09-30'), ('3', 100, 'held', '2026-10-31', 'bill_of_exchange', '2026-11-01', -40, '2026-10-31') $$,
	'a bill holds the item until it matures, and it is not overdue');
SELECT is((SELECT string_agg(what, '; ' ORDER BY nth) FROM dunning.why('bill', '1') WHERE about = 'state'), 'Reminders are stopped: Bill of exchange that has not matured through 30 September 2026', 'why says it');
SELECT results_eq($$ SELECT customer::text, total, overdue FROM dunning.aged_balance_report('2026-09-30') WHERE customer IS NOT NULL ORDER BY 1 $$,
	$$ VALUES ('1', 20000::numeric, 0::numeric), ('2', 20000, 0), ('3', 100, 0) $$, 'it is exposure, and not overdue');
SELECT results_eq($$ SELECT customer::text, total, overdue FROM dunning.aged_balance_report('2026-10-01') WHERE customer IS NOT NULL ORDER BY 1 $$,
	$$ VALUES ('1', 20000::numeric, 20000::numeric), ('2', 20000, 20000), ('3', 100, 0) $$, 'until it has matured');
SELECT is((SELECT late_interest FROM dunning.worklist WHERE item = '3'), 0.00, 'no interest while it runs');
-- it comes back
INSERT INTO public.payment VALUES (1, '2026-10-05', 0, 'MS03');
SELECT dunning.run_reminders('2026-10-05') \g /dev/null
SELECT is((SELECT string_agg(concat_ws(' ', channel, label), ', ' ORDER BY reminder) FROM dunning.reminder WHERE item = '1'), 'phone Call, task Insurer', 'a call and the insurer in one run, and no e-mail');
SELECT is(dunning.run_reminders('2026-10-05'), 0, 'a second run adds nothing');
SET dunning.today = '2026-10-31';
SELECT results_eq($$ SELECT late_interest, compensation FROM dunning.worklist WHERE item = '1' $$, 'VALUES (210.63, 40.00)', 'interest from the due date');
-- what is pending is withdrawn when a bill comes
UPDATE public.bill SET effet = '2026-12-31' WHERE id = 2;
SELECT is((SELECT count(*) FROM dunning.reminder WHERE item = '2' AND state = 'pending'), 1::bigint, 'an e-mail is pending');
SELECT is_empty($$ SELECT FROM dunning.to_send WHERE item = '2' $$, 'and may not be sent any more');
SELECT dunning.run_reminders('2026-10-06') \g /dev/null
SELECT is((SELECT string_agg(DISTINCT reason, ', ') FROM dunning.reminder WHERE item = '2' AND label = 'Reminder'), 'its bill of exchange has not matured', 'the run withdraws it');
SELECT set_eq($$ SELECT item::text, due_on FROM _dunning.whole_items('2026-10-31') $$, $$ VALUES ('1', date '2026-09-30'), ('2', '2026-12-31'), ('3', '2026-10-31') $$, 'where all is read, too');

SELECT * FROM finish();
