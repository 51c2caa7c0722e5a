-- The lists of a collector: each row has a reason, an owner, and the rights of who reads.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\ir said.psql

INSERT INTO dunning.procedure (name, procedure) VALUES ('desk', '2 phone "Call"; 20 letter; wait 1'), ('formal', '20 letter "Formal" manual');
CREATE TABLE customer (id integer PRIMARY KEY, name text, email text, classe_client text, commercial text);
INSERT INTO customer VALUES (1, 'One', 'a@x', 'A', 'sam'), (2, 'Two', 'b@x', 'B', NULL), (3, 'Three', 'c@x', NULL, NULL), (4, 'Four', 'd@x', 'A', NULL);
CREATE TABLE invoice (id text PRIMARY KEY, customer_id integer NOT NULL, issue_date date, due_date date, amount numeric(12, 2), currency text, company text, kind text, in_dispute boolean, procedure text);
CREATE TABLE payment (invoice_id text, paid_on date, amount numeric(12, 2), reject_code text);
CREATE INDEX ON payment (invoice_id);
CREATE INDEX ON invoice (customer_id);
INSERT INTO invoice VALUES
	('call', 1, pg_temp.day(-60), pg_temp.day(-3), 100, 'EUR', 'North', NULL, NULL), ('letter', 2, pg_temp.day(-60), pg_temp.day(-30), 200, 'EUR', 'South', NULL, NULL), ('paid', 2, pg_temp.day(-60), pg_temp.day(-3), 50, 'EUR', 'South', NULL, NULL),
	('promise', 3, pg_temp.day(-60), pg_temp.day(-20), 300, 'EUR', 'North', NULL, NULL), ('broken', 3, pg_temp.day(-60), pg_temp.day(-20), 310, 'EUR', 'North', NULL, NULL), ('later', 3, pg_temp.day(-60), pg_temp.day(-20), 320, 'EUR', 'North', NULL, NULL),
	('plan', 4, pg_temp.day(-60), pg_temp.day(-20), 400, 'EUR', 'South', NULL, NULL), ('plan2', 4, pg_temp.day(-60), pg_temp.day(-20), 410, 'EUR', 'South', NULL, NULL),
	('dispute', 1, pg_temp.day(-60), pg_temp.day(-20), 500, 'EUR', 'North', NULL, NULL), ('dispute2', 2, pg_temp.day(-60), pg_temp.day(-20), 510, 'EUR', 'South', NULL, NULL), ('flagged', 2, pg_temp.day(-60), pg_temp.day(-20), 520, 'EUR', 'South', NULL, true),
	('reject', 2, pg_temp.day(-60), pg_temp.day(-20), 600, 'EUR', 'South', NULL, NULL), ('old reject', 2, pg_temp.day(-60), pg_temp.day(10), 610, 'EUR', 'South', NULL, NULL),
	('in', 1, pg_temp.day(-5), NULL, -70, 'EUR', 'North', 'receipt', NULL), ('down', 2, pg_temp.day(-9), NULL, -80, 'EUR', 'South', 'down_payment', NULL), ('note', 2, pg_temp.day(-9), NULL, -90, 'EUR', 'South', 'credit_note', NULL);
UPDATE invoice SET procedure = 'formal' WHERE id = 'letter';
ALTER TABLE invoice ADD reference text GENERATED ALWAYS AS ('No ' || id) STORED;
INSERT INTO payment VALUES ('paid', pg_temp.day(-1), 1, NULL), ('in', pg_temp.day(-1), -20, NULL), ('reject', pg_temp.day(-8), 600, NULL), ('reject', pg_temp.day(-2), -600, 'AC04'), ('old reject', pg_temp.day(-25), 610, NULL), ('old reject', pg_temp.day(-20), -610, 'MS03'),
	('nowhere', pg_temp.day(-4), 33, NULL), (NULL, pg_temp.day(-3), 34, NULL), ('nowhere', pg_temp.day(3), 35, NULL);
SELECT dunning.adopt('invoice', procedure => 'desk', rule => NULL, columns => '{"procedure": "procedure", "kind": "kind", "payments": {"table": "payment", "reject_code": "reject_code"}, "customers": "customer"}') \g /dev/null
SELECT dunning.promise_to_pay('invoice', '3', 300, pg_temp.day(), '{promise}', promised_on => pg_temp.day(-5)), dunning.promise_to_pay('invoice', '3', 310, pg_temp.day(-2), '{broken}', promised_on => pg_temp.day(-5)),
	dunning.promise_to_pay('invoice', '3', 320, pg_temp.day(5), '{later}', promised_on => pg_temp.day(-5)) \g /dev/null
SELECT dunning.agree_plan('invoice', '{plan}', pg_temp.day(-1), 2, agreed_on => pg_temp.day(-5), tolerance_days => 4), dunning.agree_plan('invoice', '{plan2}', pg_temp.day(-3), 2, agreed_on => pg_temp.day(-5), tolerance_days => 0) \g /dev/null
SELECT dunning.hold_item('invoice', 'dispute', 'dispute', pg_temp.day(-10), category => 'JUSTIF_ABS', amount => 120.00, person_in_charge => 'quality', answer_due_on => pg_temp.day(-1)),
	dunning.hold_item('invoice', 'dispute2', 'dispute', pg_temp.day(-10), answer_due_on => pg_temp.day(4)) \g /dev/null
SELECT dunning.log_contact('invoice', '1', 'call', note => 'out', on_day => pg_temp.day(-4), next_on => pg_temp.day(-3)), dunning.log_contact('invoice', '1', 'call', note => 'at lunch', by_whom => 'eve', on_day => pg_temp.day(-2), next_on => pg_temp.day(), next_time => '14:30'),
	dunning.log_contact('invoice', '2', 'call', on_day => pg_temp.day(-2), next_on => pg_temp.day(1)) \g /dev/null
SELECT dunning.run_reminders() \g /dev/null
UPDATE payment SET amount = 50 WHERE invoice_id = 'paid';

CREATE FUNCTION pg_temp.tasks(owner text, day date DEFAULT pg_temp.day(), language text DEFAULT 'en') RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', t.kind, coalesce(t.owner, '-'), t.customer_name, coalesce(t.item::text, '-'), t.amount, t.currency, t.on_day - day) FROM dunning.my_day(owner, day, language => language) AS t
$$;
SELECT results_eq($$ SELECT * FROM pg_temp.tasks(NULL) $$, ARRAY['call_back eve One - 0', 'reject - Two reject 600.00 EUR -2', 'promise_broken - Three broken 310.00 EUR -1', 'plan_broken - Four plan2 410.00 EUR -2', 'dispute quality One dispute 120.00 EUR -1', 'dispute - Two flagged 520.00 EUR',
	'promise_due - Three promise 300.00 EUR 0', 'instalment_due - Four plan 200.00 EUR -1', 'call - Two reject 600.00 EUR 0', 'call - Four plan2 410.00 EUR 0', 'call sam One dispute 380.00 EUR 0',
	'call - Three broken 310.00 EUR 0', 'call sam One call 100.00 EUR 0', 'approve - Two letter 200.00 EUR 0'], 'all tasks, the most urgent first; what was paid is gone') ;
SELECT results_eq($$ SELECT * FROM pg_temp.tasks('nobody') $$, $$ SELECT t FROM pg_temp.tasks(NULL) AS t WHERE t LIKE '% - %' AND t NOT LIKE 'call_back%' $$, 'what nobody owns is for everybody');
SELECT results_eq($$ SELECT kind, why FROM dunning.my_day(NULL) WHERE kind NOT IN ('promise_due', 'instalment_due') $$, format($$ VALUES ('call_back', 'A call was agreed on %1$s, 14:30: at lunch'), ('reject', 'A payment was rejected on %1$s (AC04)'),
	('promise_broken', 'Promise of %2$s for %1$s: €0.00 of €310.00 has come'), ('plan_broken', 'Plan of %2$s: €0.00 of €410.00 has come'),
	('dispute', 'Dispute since %3$s, an answer is due on %4$s: Supporting document missing or insufficient'), ('dispute', 'Dispute'),
	('call', 'Step 1, telephone call "Call", 20 days late'), ('call', 'Step 1, telephone call "Call", 20 days late'), ('call', 'Step 1, telephone call "Call", 20 days late'), ('call', 'Step 1, telephone call "Call", 20 days late'), ('call', 'Step 1, telephone call "Call", 3 days late'), ('approve', 'Step 1, letter "Formal", 30 days late') $$,
	_dunning.day_text(pg_temp.day(-2), 'en'), _dunning.day_text(pg_temp.day(-5), 'en'), _dunning.day_text(pg_temp.day(-10), 'en'), _dunning.day_text(pg_temp.day(-1), 'en')), 'why');
SELECT results_eq($$ SELECT translate(why, U&'\00a0\202f', '  ') FROM dunning.my_day(NULL, language => 'fr') WHERE kind IN ('call_back', 'promise_due') OR kind = 'call' AND item IN ('broken', 'call') $$, format($$ VALUES ('Rappel convenu le %1$s, 14:30 : at lunch'),
	('Promesse du %2$s pour le %3$s : ' || '0,00 €' || ' reçus sur ' || '300,00 €'), ('Étape 1, appel téléphonique « Call », 20 jours de retard'), ('Étape 1, appel téléphonique « Call », 3 jours de retard') $$,
	_dunning.day_text(pg_temp.day(-2), 'fr'), _dunning.day_text(pg_temp.day(-5), 'fr'), _dunning.day_text(pg_temp.day(), 'fr')), 'in French');
SELECT is_empty($$ SELECT kind, item FROM dunning.my_day(NULL) WHERE item IS NOT NULL AND reference IS DISTINCT FROM 'No ' || item::text $$, 'what the customer knows each item by');
SELECT results_eq('SELECT DISTINCT customer::text, customer_name FROM dunning.promises() UNION SELECT customer::text, customer_name FROM dunning.plans() UNION SELECT customer::text, customer_name FROM dunning.instalments_of_plans() ORDER BY 1',
	$$ VALUES ('3', 'Three'), ('4', 'Four') $$, 'promises, plans and instalments have the name of the customer');
SELECT set_eq($$ SELECT kind FROM dunning.my_day(NULL, pg_temp.day(-3)) $$, ARRAY['call_back', 'dispute', 'instalment_due'], 'another day: a past one');
-- owners
SELECT dunning.assign('invoice', 'owner', 'ann'), dunning.assign('invoice', 'owner', 'bob', class => 'B'), dunning.assign('invoice', 'owner', 'salesperson', step => 'phone') \g /dev/null
SELECT results_eq($$ SELECT * FROM pg_temp.tasks('sam') $$, ARRAY['call sam One dispute 380.00 EUR 0', 'call sam One call 100.00 EUR 0'], 'a salesperson has his calls');
SELECT set_eq($$ SELECT * FROM pg_temp.tasks('bob') $$, ARRAY['reject bob Two reject 600.00 EUR -2', 'dispute bob Two flagged 520.00 EUR', 'call bob Two reject 600.00 EUR 0', 'approve bob Two letter 200.00 EUR 0'], 'the owner of a class; where a customer has no salesperson his calls are the owner''s');
SELECT set_eq($$ SELECT * FROM pg_temp.tasks('ann') $$, ARRAY['call_back eve One - 0', 'promise_broken ann Three broken 310.00 EUR -1', 'plan_broken ann Four plan2 410.00 EUR -2', 'dispute quality One dispute 120.00 EUR -1', 'promise_due ann Three promise 300.00 EUR 0', 'instalment_due ann Four plan 200.00 EUR -1',
	'call ann Three broken 310.00 EUR 0', 'call ann Four plan2 410.00 EUR 0'],
	'who looks after a customer sees what others are in charge of');
SELECT set_eq($$ SELECT * FROM pg_temp.tasks('quality') $$, ARRAY['dispute quality One dispute 120.00 EUR -1'], 'and so do they');
SELECT dunning.note_absence('bob', pg_temp.day(), pg_temp.day(), 'ann') \g /dev/null
SELECT is((SELECT count(*) FROM pg_temp.tasks('ann')) || ' ' || (SELECT count(*) FROM pg_temp.tasks('bob')), '12 0', 'a stand-in has the tasks of both');
SELECT is((SELECT count(*) FROM dunning.my_day()), 0::bigint, 'the lists are those of the current user');
SELECT dunning.assign('invoice', 'owner', current_user, customer => '4') \g /dev/null
SELECT is((SELECT count(*) FROM dunning.my_day()), 3::bigint, 'who has some now');

-- the other lists
SELECT results_eq($$ SELECT owner, customer_name, item::text, open_amount, pg_temp.day() - rejected_on, code, rejections FROM dunning.rejects() $$, $$ VALUES ('ann', 'Two', 'reject', 600.00, 2, 'AC04', 1::bigint), ('ann', 'Two', 'old reject', 610.00, 20, 'MS03', 1) $$, 'rejections');
SELECT results_eq($$ SELECT item::text FROM dunning.rejects(days => 7) $$, ARRAY['reject'], 'of some days');
SELECT results_eq($$ SELECT item::text FROM dunning.rejects(pg_temp.day(-15)) $$, ARRAY['old reject'], 'on another day');
SELECT results_eq($$ SELECT owner, followed_by, customer_name, item::text, reference, amount, category, days, answer_due_on - pg_temp.day() FROM dunning.disputes_by_owner() $$, $$ VALUES
	('ann', 'ann', 'Two', 'dispute2', 'No dispute2', 510.00, NULL, 11, 4), ('ann', 'ann', 'Two', 'flagged', 'No flagged', 520.00, NULL, NULL, NULL), ('quality', 'ann', 'One', 'dispute', 'No dispute', 120.00, 'JUSTIF_ABS', 11, -1) $$, 'disputes by owner');
SELECT results_eq($$ SELECT owner, kind, customer_name, item::text, amount, days FROM dunning.unmatched_receipts() $$, $$ VALUES
	('ann', 'down_payment', 'Two', 'down', 80.00, 9), ('ann', 'receipt', 'One', 'in', 50.00, 5), (NULL, 'payment', NULL, 'nowhere', 33.00, 4), (NULL, 'payment', NULL, NULL, 34.00, 3) $$, 'money that pays nothing');
SELECT is((SELECT sum(amount) FROM dunning.unmatched_receipts(pg_temp.day(-4)) WHERE kind <> 'down_payment'), 103.00, 'on another day');
SELECT is(pg_temp.said($$ SELECT count(*) FROM dunning.my_day(NULL, 'infinity') $$), '22023 | no list is possible for infinity | Give a day, or leave as_of out for dunning.today().', 'no day');
SELECT is((SELECT count(*) FROM dunning.my_day(NULL, ledger => 'nix')) + (SELECT count(*) FROM dunning.rejects(ledger => 'nix')) + (SELECT count(*) FROM dunning.disputes_by_owner(ledger => 'nix')) + (SELECT count(*) FROM dunning.unmatched_receipts(ledger => 'nix')), 0::bigint, 'one ledger');

-- who may
CREATE ROLE day_viewer;
CREATE ROLE day_north;
CREATE ROLE day_nobody;
SELECT dunning.grant_access('day_viewer', 'viewer'), dunning.grant_access('day_north', 'collector', company => 'North') \g /dev/null
GRANT SELECT ON invoice, payment, customer TO day_viewer, day_north;
SELECT is(pg_temp.said(v.statement, v.role), v.message, v.role || v.statement) FROM (VALUES
	('day_viewer', 'SELECT count(*) FROM dunning.my_day(NULL)', '14'), ('day_viewer', 'SELECT count(*) FROM dunning.disputes_by_owner()', '3'), ('day_viewer', 'SELECT count(*) FROM dunning.unmatched_receipts()', '4'), ('day_viewer', 'SELECT count(*) FROM dunning.rejects()', '2'),
	('day_north', 'SELECT string_agg(DISTINCT customer_name, '' '') FROM dunning.my_day(NULL)', 'One Three'), ('day_north', 'SELECT string_agg(item::text, '' '') FROM dunning.disputes_by_owner()', 'dispute'),
	('day_north', 'SELECT string_agg(item::text, '' '') FROM dunning.unmatched_receipts()', 'in'), ('day_north', 'SELECT count(*) FROM dunning.rejects()', '0'),
	('day_nobody', 'SELECT count(*) FROM dunning.my_day(NULL)', '42501 | permission denied for function my_day')) AS v (role, statement, message);

-- a ledger that cannot be read does not keep the others from being seen to
CREATE TABLE gone_bill (id text PRIMARY KEY, customer text, due_on date, open_amount numeric, currency text);
INSERT INTO gone_bill VALUES ('1', 'X', pg_temp.day(-10), 10, 'EUR');
SELECT FROM dunning.adopt('gone_bill', procedure => 'desk', rule => NULL, columns => '{"key": "id", "customer": "customer", "due_on": "due_on", "open_amount": "open_amount", "currency": "currency"}') \g /dev/null
SELECT dunning.run_reminders() \g /dev/null
SELECT dunning.log_contact('gone_bill', 'X', 'call', on_day => pg_temp.day(-1), next_on => pg_temp.day()), dunning.hold_item('gone_bill', '1', 'dispute') \g /dev/null
CREATE TEMP TABLE asked AS SELECT * FROM pg_temp.tasks(NULL) AS t (task);
SELECT array_agg(t.item::text ORDER BY t.item) AS right_items FROM dunning.to_send AS t WHERE t.ledger = 'invoice' \gset
SET LOCAL client_min_messages = error;
DROP TABLE gone_bill CASCADE;
SELECT set_eq($$ SELECT * FROM pg_temp.tasks(NULL) $$, $$ SELECT task FROM asked WHERE task !~ '^(dispute|call) .* 1 10 EUR' UNION ALL VALUES ('ledger - -'), ('dispute - 1 0') $$, 'the tasks of the others, one that says it, and what is known of its facts');
SELECT is((SELECT why FROM dunning.my_day(NULL) WHERE kind = 'ledger'), 'Ledger "gone_bill" cannot be read, and its items are not on the list', 'in words');
SELECT is((SELECT array_agg(t.item::text ORDER BY t.item) FROM dunning.to_send AS t), :'right_items'::text[], 'the reminders of the others may be sent');
SELECT is((SELECT count(*) FROM dunning.rejects()) + (SELECT count(*) FROM dunning.unmatched_receipts()) + (SELECT count(*) FROM dunning.disputes_by_owner() WHERE ledger = 'invoice'), 9::bigint, 'the other lists');
SELECT alike(pg_temp.said($$ SELECT count(*) FROM dunning.rejects(ledger => 'gone_bill') $$), '55000 | ledger "gone_bill" cannot be read%', 'who asks for it is told');
SELECT * FROM finish();
ROLLBACK;
