-- Procedures by customer: one decision for the items of a payer
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;

BEGIN;
SELECT plan(44);
SET LOCAL datestyle = 'ISO, YMD';
-- whatever day it is
CREATE OR REPLACE FUNCTION _dunning.real_day() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT date '2026-11-30' $$;

CREATE TABLE customer (id text PRIMARY KEY, name text, email text, payer_id text);
CREATE TABLE invoice (id text PRIMARY KEY, customer_id text, company text, due_on date, total numeric(12,2), currency text, kind text, procedure text);
CREATE TABLE payment (invoice text, paid_on date, amount numeric(12,2));
INSERT INTO dunning.procedure (name, procedure) VALUES ('customers', '5 email; 10 phone manual; 20 letter fee 15.00 EUR; wait 3; mode jump; by customer');
INSERT INTO customer VALUES ('A', 'Site A', 'a@example.org', 'C'), ('B', 'Site B', 'b@example.org', 'C'), ('C', 'Centre', 'c@example.org', NULL);
SELECT dunning.adopt('invoice', columns => '{"key": "id", "customer": "customer_id", "due_on": "due_on", "amount": "total", "issued_on": null, "kind": "kind", "procedure": "procedure",
	"payments": {"table": "payment", "item": "invoice", "date": "paid_on", "amount": "amount"}, "customers": "customer"}', procedure => 'customers', rule => NULL) \g /dev/null
CREATE FUNCTION pg_temp.reminders(since bigint DEFAULT 0) RETURNS TABLE (item text, raised text, step text, level integer, occurrence integer, state text, why text) LANGUAGE sql AS $$
	SELECT r.item::text, to_char(r.raised_on, 'MM-DD'), r.step, r.level, r.occurrence, r.state, r.reason FROM dunning.reminder AS r WHERE r.reminder > since ORDER BY r.item, r.reminder $$;
CREATE FUNCTION pg_temp.tonight() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', event, item, step), ', ' ORDER BY event, item, step) FROM dunning.tonight $$;

-- the group: 20 and 10 days, a credit note, a down-payment for another order
INSERT INTO dunning.ledger_setting (ledger, netting) VALUES ('invoice', 'credit_notes');
INSERT INTO invoice VALUES ('a1', 'A', 'X', '2026-11-10', 10000, 'EUR', 'invoice'), ('b1', 'B', 'X', '2026-11-20', 7000, 'EUR', 'invoice'),
	('a2', 'A', 'X', '2026-11-15', -2000, 'EUR', 'credit_note'), ('a3', 'A', 'X', '2026-11-01', -30000, 'EUR', 'down_payment');
SELECT is(dunning.run_reminders('2026-11-30'), 2, 'one step for the payment centre');
SELECT results_eq('SELECT item, step, level FROM pg_temp.reminders()', $$ VALUES ('a1', '20', 3), ('b1', '20', 3) $$, 'that of day 20, for both sites');
SELECT results_eq($$ SELECT DISTINCT payer::text, payer_name, email, by_customer FROM dunning.reminder $$, $$ VALUES ('C', 'Centre', 'c@example.org', true) $$, 'to the payment centre');
SELECT results_eq($$ SELECT item::text, days_past_due FROM dunning.reminder ORDER BY item $$, $$ VALUES ('a1', 20), ('b1', 10) $$, 'each item has its own age');
SELECT is(dunning.run_reminders('2026-11-30'), 0, 'a second run adds nothing');
SELECT is((SELECT count(*) FROM dunning.to_send), 2::bigint, 'both may be sent');
SELECT is(pg_temp.tonight(), NULL, 'and nothing is withdrawn tonight');

-- the older one is paid: the other is not due for that step by itself
INSERT INTO payment VALUES ('a1', '2026-11-30', 10000);
SELECT is((SELECT count(*) FROM dunning.to_send), 0::bigint, 'without the one that led, the other is not sent');
SELECT is(pg_temp.tonight(), 'raise b1 10, withdraw a1 20, withdraw b1 20', 'tonight');
SELECT is(dunning.run_reminders('2026-11-30'), 1, 'the run decides anew');
SELECT results_eq('SELECT item, step, state, why FROM pg_temp.reminders()', $$ VALUES ('a1', '20', 'cancelled', 'no longer open'),
	('b1', '20', 'cancelled', 'no item of the customer is due for its step any more'), ('b1', '10', 'pending', NULL) $$, 'at the step of the younger item');

-- credits
INSERT INTO invoice VALUES ('a4', 'B', 'X', '2026-11-25', -5000, 'EUR', 'credit_note');
SELECT is((SELECT count(*) FROM dunning.to_send), 0::bigint, 'a customer in credit is not reminded');
SELECT is(dunning.run_reminders('2026-11-30'), 0, 'nor by the run');
SELECT is((SELECT why FROM pg_temp.reminders() WHERE state = 'cancelled' AND item = 'b1' AND step = '10'), 'the customer has credits that are as high', 'which withdraws what is pending');
UPDATE dunning.ledger_setting SET netting = 'none';
SELECT is(pg_temp.tonight(), 'raise b1 10', 'without netting he is');
SELECT is(dunning.run_reminders('2026-11-30'), 1, 'again');


-- the wait counts for the customer; what is to be sent together is joined
SELECT dunning.mark_reminder_sent(reminder) FROM dunning.reminder WHERE state = 'pending' \g /dev/null
SELECT sent_on AS sent FROM dunning.reminder WHERE state = 'sent' \gset
INSERT INTO invoice VALUES ('b2', 'B', 'X', '2026-11-10', 100, 'EUR', 'invoice'), ('z1', 'Z', 'X', '2026-11-24', 100, 'EUR', 'invoice');
SELECT is(pg_temp.tonight(), 'raise z1 5', 'nothing within the wait of the customer; another one is due');
SELECT is((SELECT count(*) FROM dunning.worklist WHERE item = 'b2' AND state = 'due'), 1::bigint, 'although the item is, by itself');

-- nobody is without a customer, and the minimum is the customer's
INSERT INTO dunning.procedure (name, procedure) VALUES ('share', '5 email min 50 EUR; 10 letter min 100 EUR and 10%; wait 1; by customer'), ('each', '5 email; 20 letter; mode jump; by customer; level each'),
	('lowest', '5 email; 20 letter; mode jump; by customer; level lowest');
INSERT INTO invoice VALUES ('m1', 'M', NULL, '2026-11-24', 30, 'EUR', 'invoice', 'share'), ('m2', 'M', NULL, '2026-11-24', 20, 'EUR', 'invoice', 'share'), ('n1', 'N', NULL, '2026-11-24', 49, 'EUR', 'invoice', 'share'),
	('o1', NULL, NULL, '2026-11-24', 100, 'EUR', 'invoice', 'share'),
	('e1', 'E', NULL, '2026-11-10', 10, 'EUR', 'invoice', 'each'), ('e2', 'E', NULL, '2026-11-24', 10, 'EUR', 'invoice', 'each'), ('e3', 'E', NULL, '2026-11-27', 10, 'EUR', 'invoice', 'each'),
	('l1', 'L', NULL, '2026-11-10', 10, 'EUR', 'invoice', 'lowest'), ('l2', 'L', NULL, '2026-11-24', 10, 'EUR', 'invoice', 'lowest'), ('l3', 'L', NULL, '2026-11-27', 10, 'EUR', 'invoice', 'lowest');
SELECT is(pg_temp.tonight(), 'raise e1 20, raise e2 5, raise l1 5, raise l2 5, raise l3 5, raise m1 5, raise m2 5, raise z1 5', 'two small items are enough together; each its own step; the lowest');
SELECT is(dunning.run_reminders('2026-11-30'), 8, 'which a run raises');
SELECT is((SELECT message FROM dunning.run_problem WHERE item = 'o1'), 'the customer is missing', 'an item without a customer is set aside');
SELECT is(pg_temp.tonight(), NULL, 'all of it is right');
SELECT is((SELECT count(*) FROM dunning.to_send WHERE item::text ~ '^[eml]'), 7::bigint, 'and may be sent');
INSERT INTO payment VALUES ('m1', '2026-11-30', 1);
SELECT is((SELECT string_agg(item::text, ',' ORDER BY item) FROM dunning.to_send WHERE item::text ~ '^m'), NULL, 'with one less there is too little');
SELECT dunning.run_reminders('2026-11-30') \g /dev/null
SELECT results_eq($$ SELECT item, state, why FROM pg_temp.reminders() WHERE item ~ '^m' $$, $$ VALUES ('m1', 'cancelled', '29.00 is open, not 30.00'), ('m2', 'cancelled', 'below the minimum of its step') $$, 'and a run withdraws them');

-- a step that is withdrawn is not asked for beside the other one any more
INSERT INTO dunning.procedure (name, procedure) VALUES ('each least', '5 email; 10 letter min 100 EUR; mode jump; by customer; level each');
INSERT INTO invoice VALUES ('f1', 'F', 'F', '2026-11-10', 60, 'EUR', 'invoice', 'each least'), ('f2', 'F', 'F', '2026-11-24', 50, 'EUR', 'invoice', 'each least');
SELECT is(dunning.run_reminders('2026-11-30'), 2, 'each item its step');
SELECT is((SELECT string_agg(item || ' ' || step, ', ' ORDER BY item) FROM dunning.to_send WHERE item::text ~ '^f'), 'f1 10, f2 5', 'which may be sent');
UPDATE dunning.ledger_setting SET netting = 'credit_notes';
INSERT INTO invoice VALUES ('f3', 'F', 'F', '2026-11-24', -55, 'EUR', 'credit_note', 'each least');
SELECT is((SELECT string_agg(item || ' ' || step, ', ' ORDER BY item) FROM dunning.to_send WHERE item::text ~ '^f'), NULL, 'without the letter the credit is higher than the e-mail');
SELECT is((SELECT string_agg(concat_ws(' ', event, item, step), ', ' ORDER BY item) FROM dunning.tonight WHERE item::text ~ '^f'), 'withdraw f1 10, withdraw f2 5', 'tonight says so');
SELECT dunning.run_reminders('2026-11-30') \g /dev/null
SELECT results_eq($$ SELECT item, state, why FROM pg_temp.reminders() WHERE item ~ '^f' $$,
	$$ VALUES ('f1', 'cancelled', 'below the minimum of its step'), ('f2', 'cancelled', 'the customer has credits that are as high') $$, 'and the run withdraws both');
DELETE FROM invoice WHERE id ~ '^f';
UPDATE dunning.ledger_setting SET netting = 'none';

-- the list of customers
SELECT results_eq($$ SELECT payer::text, payer_name, company, items, overdue_items, oldest_due_on, balance, open_amount, overdue_amount, credit_amount, netted_amount, state, level, step_on, last_on
	FROM dunning.customer_worklist_as_of('2026-11-30') WHERE payer = 'C' $$,
	$$ VALUES ('C', 'Centre', 'X', 5::bigint, 2::bigint, date '2026-11-10', -29900.00, 7100.00, 7100.00, 37000.00, 0.00, 'scheduled', 3, date '2026-12-03', date '2026-11-30') $$, 'a payment centre with his sites');
SELECT results_eq($$ SELECT payer::text, items, owed_in_all, problems FROM dunning.customer_worklist_as_of('2026-11-30') WHERE payer IS NULL OR payer = 'M' ORDER BY payer NULLS FIRST $$,
	$$ VALUES (NULL, 1::bigint, 100.00, 1::bigint), ('M', 2, 49.00, 0) $$, 'an item without a customer is in it, too');
SELECT is((SELECT sum(balance) FROM dunning.customer_worklist_as_of('2026-11-30')), (SELECT sum(open_amount) FROM dunning.open_items('2026-11-30')), 'it adds up to the open items');
SELECT is((SELECT sum(items) FROM dunning.customer_worklist), (SELECT count(*)::numeric FROM dunning.open_item), 'each is counted once');
SELECT is((SELECT array_agg(c::text ORDER BY c.payer) FROM dunning.customer_worklist AS c), (SELECT array_agg(c::text ORDER BY c.payer) FROM dunning.customer_worklist_as_of() AS c), 'today without a day');
SELECT results_eq($$ SELECT about, what FROM dunning.why('invoice', 'm2', '2026-11-30') WHERE nth <= 2 $$,
	$$ VALUES ('customer', 'The customer as a whole: step 1 has come, but the open amount is below the minimum of this step'), ('state', 'This item alone: Step 1 is due since 29 November 2026: e-mail') $$,
	'why tells the step of the customer from that of the item');
-- assignments follow the customer of an item, not who pays for him
SET LOCAL dunning.today = '2026-11-30';
SELECT dunning.assign('invoice', 'owner', 'anna', from_day => '2026-01-01'), dunning.assign('invoice', 'owner', 'paul', customer => 'B', from_day => '2026-01-01'), dunning.assign('invoice', 'owner', 'phil', step => 'phone', from_day => '2026-01-01') \g /dev/null
CREATE TABLE owned (id text PRIMARY KEY, customer_id text, due_on date, total numeric(12,2), currency text);
INSERT INTO owned VALUES ('o1', 'A', '2026-11-10', 100, 'EUR'), ('o2', 'B', '2026-11-20', 70, 'EUR'), ('o3', 'B', '2026-11-25', 70, 'CHF');
SELECT dunning.adopt('owned', columns => '{"key": "id", "customer": "customer_id", "due_on": "due_on", "open_amount": "total", "customers": "customer"}', procedure => 'customers', rule => NULL) \g /dev/null
SELECT dunning.assign('owned', 'owner', 'anna', from_day => '2026-01-01'), dunning.assign('owned', 'owner', 'paul', customer => 'B', from_day => '2026-01-01'), dunning.assign('owned', 'owner', 'phil', step => 'phone', from_day => '2026-01-01') \g /dev/null
CREATE FUNCTION pg_temp.owned() RETURNS text LANGUAGE sql SET dunning.today = '2026-11-30' AS $$ SELECT string_agg(concat_ws(' ', w.currency, w.step, w.channel, w.owner, w.procedure_name), ', ' ORDER BY w.currency) FROM dunning.customer_worklist AS w WHERE w.ledger = 'owned' AND w.payer = 'C' $$;
SELECT is(pg_temp.owned(), 'CHF 5 email paul customers, EUR 20 letter anna customers', 'the owner of the item whose step it is');
DELETE FROM owned WHERE id = 'o1';
SELECT is(pg_temp.owned(), 'CHF 5 email paul customers, EUR 10 phone phil customers', 'or who takes the step');
SELECT dunning.note_absence('phil', '2026-11-30', '2026-11-30', 'paul') \g /dev/null
SELECT is(pg_temp.owned(), 'CHF 5 email paul customers, EUR 10 phone paul customers', 'or stands in');
INSERT INTO owned VALUES ('o1', 'A', '2026-11-10', 100, 'EUR');
INSERT INTO dunning.procedure (name, procedure) VALUES ('slowly', '30 email; by customer');
SELECT dunning.assign('owned', 'procedure', 'slowly', customer => 'A', from_day => '2026-11-01') \g /dev/null
SELECT dunning.run_reminders('2026-11-30', 'owned') \g /dev/null
SELECT results_eq($$ SELECT item::text, step, payer::text FROM dunning.reminder WHERE ledger = 'owned' ORDER BY item $$, $$ VALUES ('o2', '10', 'C'), ('o3', '5', 'C') $$, 'a site with a procedure of its own is decided on apart, and the message of the others goes to the payer');
SELECT results_eq($$ SELECT about, on_day, what FROM dunning.why('owned', 'o1') WHERE about = 'assignment' $$, format($$ VALUES ('assignment', date '2026-11-01', 'Procedure "slowly": assignment %s to this customer') $$, (SELECT max(assignment) FROM dunning.assignment)), 'why says that it was assigned');
SELECT is_empty($$ SELECT FROM dunning.why('owned', 'o2') WHERE about = 'assignment' $$, 'and not of another one');
SELECT throws_like($$ SELECT dunning.assign('owned', 'procedure', 'slowly', customer => 'C') $$, 'customer "C" has no item%', 'nothing is assigned to who only pays');

SELECT throws_ok($$ SELECT * FROM dunning.customer_worklist_as_of('infinity') $$, '22023', 'no work list is possible on infinity', 'no day');

SELECT * FROM finish();
ROLLBACK;
