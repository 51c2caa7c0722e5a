-- Late fees in the work list, the reminders and the claims.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SELECT no_plan();

CREATE TABLE bill (id integer PRIMARY KEY, customer text NOT NULL, currency text, amount numeric NOT NULL, issued_on date, due_on date NOT NULL);
CREATE TABLE bill_payment (bill integer REFERENCES bill, paid_on date, amount numeric);
INSERT INTO bill VALUES (1, 'a', 'USD', 1000.00, '2026-01-01', '2026-01-31'), (2, 'b', 'EUR', 2000.00, '2026-01-01', '2026-01-31'), (3, 'c', 'USD', 50.00, '2026-01-01', '2026-01-31');
INSERT INTO bill_payment VALUES (3, '2026-01-30', 50.00);
INSERT INTO dunning.rule (name, rule) VALUES ('by period', '0%; fee 15.00 USD each started month; fee 1% each full 30 days');
INSERT INTO dunning.procedure (name, procedure) VALUES ('one', '5 letter');
SELECT dunning.adopt('bill', columns => '{"payments": "bill_payment"}', rule => 'by period', procedure => 'one') \g /dev/null

-- The work list and the reminders: 30 days late, in the second month.
SET dunning.today = '2026-03-02';
SELECT results_eq($$ SELECT item::text, late_interest, late_fee, compensation, penalty_problem FROM dunning.worklist ORDER BY 1 $$,
	$$ VALUES ('1', 0.00, 40.00, 0.00, NULL), ('2', 0.00, 20.00, 0.00, NULL) $$, 'the work list has the late fees of each currency');
RESET dunning.today;
CALL dunning.run('2026-03-02');
SELECT results_eq($$ SELECT item::text, currency, late_fee FROM dunning.reminder ORDER BY 1 $$, $$ VALUES ('1', 'USD', 40.00), ('2', 'EUR', 20.00) $$, 'the reminders say them');

-- The claims: differences.
SELECT results_eq($$ SELECT kind, items, amount, currency FROM dunning.claim_penalties('2026-02-10', 'bill') $$, $$ VALUES ('late_fee', 1::bigint, 15.00, 'USD') $$, 'a month that has begun');
SELECT results_eq($$ SELECT kind, items, amount, currency FROM dunning.claim_penalties('2026-03-02', 'bill') $$,
	$$ VALUES ('late_fee', 1::bigint, 20.00, 'EUR'), ('late_fee', 1, 25.00, 'USD') $$, 'the next month and 30 days');
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2026-03-02', 'bill') $$, 'a second time nothing');
INSERT INTO bill_payment VALUES (1, '2026-03-10', 900.00);
SELECT results_eq($$ SELECT kind, items, amount, currency FROM dunning.claim_penalties('2026-04-01', 'bill') $$,
	$$ VALUES ('late_fee', 1::bigint, 20.00, 'EUR'), ('late_fee', 1, 25.00, 'USD') $$, 'a payment within a period does not change its fee');
SELECT results_eq($$ SELECT kind, items, amount, currency FROM dunning.claim_penalties('2026-05-01', 'bill') $$,
	$$ VALUES ('late_fee', 1::bigint, 20.00, 'EUR'), ('late_fee', 1, 16.00, 'USD') $$, 'but those of the next ones');
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2026-05-02', 'bill') $$, 'between two periods nothing comes');
-- the payment comes back
INSERT INTO bill_payment VALUES (1, '2026-05-05', -900.00);
SELECT results_eq($$ SELECT kind, items, amount, currency FROM dunning.claim_penalties('2026-05-05', 'bill') $$, $$ VALUES ('late_fee', 1::bigint, 9.00, 'USD') $$, 'a payment that came back never was');
SELECT results_eq($$ SELECT from_day, to_day, amount, total, state, reason FROM dunning.claim WHERE item = '1' ORDER BY booking $$, $$ VALUES
	(date '2026-02-01', date '2026-02-10', 15.00, 15.00, 'accrued', 'first claim'), ('2026-02-11', '2026-03-02', 25.00, 40.00, 'accrued', 'accrued'),
	('2026-03-03', '2026-04-01', 25.00, 65.00, 'accrued', 'accrued'), ('2026-04-02', '2026-05-01', 16.00, 81.00, 'accrued', 'accrued'),
	('2026-02-01', '2026-05-01', 9.00, 90.00, 'accrued', 'amount or payments corrected') $$, 'each booking says its days and why');
SELECT is((SELECT concat_ws(' ', total, bookings) FROM dunning.claim_balance WHERE item = '1' AND kind = 'late_fee'), '90.00 5', 'their balance');
-- waived: it is not booked again; and taken back with what takes it back
SELECT dunning.set_claim_state(claim, 'waived', 'goodwill') FROM dunning.claim WHERE item = '2' AND booking = 1 \g /dev/null
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2026-05-06', 'bill') $$, 'what was waived does not come again');
-- the currency of a bill is corrected: 4 months begun and 3 times 30 days
UPDATE bill SET currency = 'USD' WHERE id = 2;
SELECT results_eq($$ SELECT kind, items, amount, currency FROM dunning.claim_penalties('2026-05-07', 'bill') $$,
	$$ VALUES ('late_fee', 1::bigint, -60.00, 'EUR'), ('late_fee', 1, 120.00, 'USD') $$, 'another currency has other fees');
SELECT is((SELECT sum(amount) FROM dunning.claim WHERE item = '2' AND currency = 'EUR' AND state = 'waived'), 0.00, 'what was waived is taken back as waived');
-- the rule loses its fees
UPDATE dunning.rule SET rule = '0%' WHERE name = 'by period';
SELECT results_eq($$ SELECT kind, items, amount, currency FROM dunning.claim_penalties('2026-05-08', 'bill') $$, $$ VALUES ('late_fee', 2::bigint, -210.00, 'USD') $$, 'a rule without fees takes them back');
SELECT is((SELECT DISTINCT reason FROM dunning.claim WHERE as_of = '2026-05-08'), 'rates or terms corrected', 'and says so');
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2026-05-09', 'bill') $$, 'once');

-- A ledger without dated payments remembers what was open.
CREATE TABLE snapshot (id integer PRIMARY KEY, customer text NOT NULL, amount numeric NOT NULL, open_amount numeric NOT NULL, issued_on date, due_on date NOT NULL);
INSERT INTO snapshot VALUES (1, 'a', 1000.00, 1000.00, '2026-01-01', '2026-01-31');
INSERT INTO dunning.rule (name, rule) VALUES ('by period 2', '0%; fee 15.00 USD each started month; fee 1% each full 30 days');
SELECT dunning.adopt('snapshot', columns => '{"currency": "USD"}', rule => 'by period 2', procedure => 'one') \g /dev/null
SELECT is((SELECT amount FROM dunning.claim_penalties('2026-02-10', 'snapshot')), 15.00, 'on what is open');
UPDATE snapshot SET open_amount = 400.00;
SELECT is((SELECT amount FROM dunning.claim_penalties('2026-03-02', 'snapshot')), 25.00, 'on what was open at the beginning of the 30 days');
SELECT is((SELECT amount FROM dunning.claim_penalties('2026-04-01', 'snapshot')), 19.00, 'and at that of the next');
UPDATE snapshot SET open_amount = 0;
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2026-06-01', 'snapshot') $$, 'what is paid has no more fees');
SELECT is((SELECT basis::text FROM dunning.claim WHERE ledger = 'snapshot' ORDER BY claim DESC LIMIT 1), '{2026-01-31: 1000.00, 2026-02-10: -600.00}', 'as the claims remember it');

-- Instalments and interest beside it.
CREATE TABLE plan (id integer PRIMARY KEY, customer text NOT NULL, amount numeric NOT NULL, issued_on date NOT NULL, terms text);
CREATE TABLE plan_payment (plan_id integer REFERENCES plan, paid_on date, amount numeric);
INSERT INTO plan VALUES (1, 'a', 1000.00, '2026-01-01', '50% net 30; balance net 61');
INSERT INTO dunning.rule (name, rule) VALUES ('both', '7.3%; compensation 40.00 EUR; fee 2.00 EUR each started week at most 3 times');
SELECT dunning.adopt('plan', columns => '{"payments": {"table": "plan_payment", "item": "plan_id"}, "currency": "EUR"}', rule => 'both', procedure => 'one') \g /dev/null
-- due on 31 January and 3 March; by 20 March the first is 48 days late, the second 17
SELECT results_eq($$ SELECT kind, items, amount FROM dunning.claim_penalties('2026-03-20', 'plan') ORDER BY kind $$,
	$$ VALUES ('compensation', 1::bigint, 40.00), ('interest', 1, 6.50), ('late_fee', 1, 12.00) $$, 'each part has its own fees, the compensation comes once');
SELECT results_eq($$ SELECT part, amount FROM dunning.claim WHERE ledger = 'plan' AND kind = 'late_fee' ORDER BY part $$, $$ VALUES (1, 6.00), (2, 6.00) $$, 'by part');

SELECT * FROM finish();
