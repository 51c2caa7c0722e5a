-- Who pays for a customer: the field payer, and to whom reminders go
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;

BEGIN;
SELECT plan(47);

CREATE TABLE customer (id integer PRIMARY KEY, name text, email text, phone text, payeur integer, siren text, groupe integer);
INSERT INTO customer VALUES (1, 'Site A', 'a@example.org', '+331', 3, '404 833 048', 9), (2, 'Site B', 'b@example.org', NULL, 3, NULL, NULL), (3, 'Centrale', 'centre@example.org', NULL, NULL, '217601145', 9),
	(4, 'Alone', 'alone@example.org', NULL, NULL, NULL, NULL), (5, 'Lost', 'lost@example.org', NULL, 77, NULL, NULL), (6, 'Itself', 'self@example.org', NULL, 6, NULL, NULL);
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer, due_on date, open_amount numeric(12,2), currency text);
INSERT INTO invoice SELECT c.id * 10, c.id, dunning.today() - 20, 100, 'EUR' FROM customer AS c;

SELECT set_eq($$ SELECT field, source FROM dunning.adopt('invoice', columns => '{"customers": {"table": "customer", "customer_group": "groupe"}}', rule => NULL) WHERE field ~ '^customers\.' $$,
	$$ VALUES ('customers.key', 'public.customer.id'), ('customers.name', 'public.customer.name'), ('customers.email', 'public.customer.email'), ('customers.phone', 'public.customer.phone'),
		('customers.payer', 'public.customer.payeur'), ('customers.identifier', 'public.customer.siren'), ('customers.customer_group', 'public.customer.groupe') $$, 'columns of known names');
SELECT results_eq('SELECT item::text, customer::text, customer_name, payer::text, payer_name, email, phone, identifier, customer_group::text, risk_party::text FROM dunning.open_item ORDER BY item',
	$$ VALUES ('10', '1', 'Site A', '3', 'Centrale', 'centre@example.org', NULL, '404 833 048', '9', NULL), ('20', '2', 'Site B', '3', 'Centrale', 'centre@example.org', NULL, NULL, NULL, NULL),
		('30', '3', 'Centrale', '3', 'Centrale', 'centre@example.org', NULL, '217601145', '9', NULL), ('40', '4', 'Alone', '4', 'Alone', 'alone@example.org', NULL, NULL, NULL, NULL),
		('50', '5', 'Lost', '77', NULL, 'lost@example.org', NULL, NULL, NULL, NULL), ('60', '6', 'Itself', '6', 'Itself', 'self@example.org', NULL, NULL, NULL, NULL) $$,
	'the payer has his own address, and none of the site; one who is not known leaves that of the customer');
SELECT results_eq('SELECT payer::text, count(*) FROM dunning.worklist GROUP BY payer ORDER BY payer', $$ VALUES ('3', 3::bigint), ('4', 1), ('6', 1), ('77', 1) $$, 'on the work list');
SELECT results_eq($$ SELECT payer::text, payer_name FROM dunning.tonight WHERE item = '20' $$, $$ VALUES ('3', 'Centrale') $$, 'on the list of tonight');

SELECT is(dunning.run_reminders(), 6, 'a run');
SELECT results_eq($$ SELECT customer::text, customer_name, payer::text, payer_name, email FROM dunning.reminder WHERE item IN ('20', '40') ORDER BY item $$,
	$$ VALUES ('2', 'Site B', '3', 'Centrale', 'centre@example.org'), ('4', 'Alone', '4', 'Alone', 'alone@example.org') $$, 'writes the payer into the reminders');
SELECT is((SELECT count(*) FROM dunning.to_send), 6::bigint, 'all may be sent');
SELECT results_eq($$ SELECT payer::text FROM dunning.to_send WHERE item = '10' $$, $$ VALUES ('3') $$, 'which says the payer');

UPDATE customer SET payeur = NULL, email = 'centre@example.org' WHERE id = 2;
SELECT is_empty($$ SELECT FROM dunning.to_send WHERE item = '20' $$, 'after a change of the payer alone nothing is sent');
SELECT results_eq($$ SELECT event, payer::text FROM dunning.tonight ORDER BY event $$, $$ VALUES ('raise', '2'), ('withdraw', '3') $$, 'the next run will raise it anew');
SELECT is(dunning.run_reminders(), 1, 'it does');
SELECT results_eq($$ SELECT state, payer::text, reason FROM dunning.reminder WHERE item = '20' ORDER BY reminder $$, $$ VALUES ('cancelled', '3', 'the customer or his address was changed'), ('pending', '2', NULL) $$, 'and withdraws the other');

-- the payer of an item
ALTER TABLE invoice ADD payer_id text;
UPDATE invoice SET payer_id = '4' WHERE id = 10;
SELECT set_eq($$ SELECT field, source FROM dunning.adopt('invoice', replace => true) WHERE field ~ 'payer' $$, $$ VALUES ('payer', 'payer_id'), ('customers.payer', 'public.customer.payeur') $$, 'both have a payer');
SELECT results_eq($$ SELECT payer::text FROM dunning.open_item WHERE item = '10' $$, $$ VALUES ('3') $$, 'the table of the customers goes first');
SELECT set_eq($$ SELECT field, source FROM dunning.adopt('invoice', columns => '{"customers": {"table": "customer", "payer": null}}', replace => true) WHERE field ~ 'payer' $$,
	$$ VALUES ('payer', 'payer_id') $$, 'or the items say it');
SELECT results_eq($$ SELECT payer::text, payer_name, email FROM dunning.open_item WHERE item IN ('10', '50') ORDER BY item $$, $$ VALUES ('4', 'Alone', 'alone@example.org'), ('5', 'Lost', 'lost@example.org') $$, 'of another type, too');
SELECT dunning.adopt('invoice', columns => '{"customers": null, "payer": "payer_id"}', replace => true) \g /dev/null
SELECT results_eq($$ SELECT payer::text, payer_name, customer_name FROM dunning.open_item WHERE item IN ('10', '50') ORDER BY item $$, $$ VALUES ('4', NULL, NULL), ('5', NULL, NULL) $$, 'and without a table of customers');


-- what a payer says is about the items of all that he pays for
CREATE OR REPLACE FUNCTION _dunning.real_day() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT date '2026-03-20' $$;
CREATE TABLE tenant (id text PRIMARY KEY, name text, email text, pays text);
INSERT INTO tenant VALUES ('S', 'Site', NULL, 'P'), ('T', 'Other site', NULL, 'P'), ('P', 'Centre', 'p@x.example', NULL), ('X', 'Alone', NULL, NULL);
CREATE TABLE rent (id text PRIMARY KEY, client text, emis date, echeance date, total numeric(12, 2), devise text DEFAULT 'EUR');
CREATE TABLE paid (rent text, jour date, montant numeric(12, 2));
INSERT INTO rent (id, client, emis, echeance, total) VALUES ('s1', 'S', '2026-01-01', '2026-02-01', 70), ('t1', 'T', '2026-01-01', '2026-02-10', 80), ('t2', 'T', '2026-01-01', '2026-02-20', 33), ('x1', 'X', '2026-01-01', '2026-02-01', 5), ('p0', 'P', '2025-01-01', '2025-02-01', 9);
INSERT INTO paid VALUES ('p0', '2025-03-01', 9);
SELECT FROM dunning.adopt('rent', rule => NULL, columns => '{"key": "id", "customer": "client", "issued_on": "emis", "due_on": "echeance", "amount": "total", "currency": "devise", "payments": {"table": "paid", "item": "rent", "date": "jour", "amount": "montant"},
	"customers": {"table": "tenant", "key": "id", "name": "name", "email": "email", "payer": "pays"}}') \g /dev/null
SELECT dunning.promise_to_pay('rent', 'P', 150, '2026-03-10', promised_on => '2026-03-01') AS promise \gset
INSERT INTO paid VALUES ('t1', '2026-03-05', 80);
SELECT results_eq(format($$ SELECT customer::text, customer_name, items::text, state, paid FROM dunning.promises('2026-03-05') WHERE promise = %s $$, :promise), $$ VALUES ('P', 'Centre', '{s1,t1,t2}', 'open', 80.00) $$, 'a payer promises for all that he pays for, and what pays any of it counts');
SELECT is((SELECT state FROM dunning.promises('2026-03-11') WHERE promise = :promise), 'partly_kept', 'after its day it is kept in part');
SELECT is((SELECT string_agg(concat_ws(' ', customer_name, amount), ', ') FROM dunning.my_day(NULL, '2026-03-10', 'rent') WHERE kind = 'promise_due'), 'Centre 70.00', 'the list of the day has his name');
-- the site promises some of it, too: what is paid counts once, for the earlier of the two
SELECT dunning.promise_to_pay('rent', 'T', 80, '2026-03-08', promised_on => '2026-03-02') \g /dev/null
SELECT results_eq($$ SELECT customer::text, state, paid, customer_name FROM dunning.promises('2026-03-11', 'rent') ORDER BY promise $$,
	$$ VALUES ('P', 'broken', 0.00, 'Centre'), ('T', 'kept', 80.00, 'Other site') $$, 'a payer and a site promise for the same items: a payment counts once');
SELECT results_eq($$ SELECT p.customer::text, p.state, p.paid FROM unnest('{P,T}'::dunning.item_key[]) AS k CROSS JOIN LATERAL dunning.promises('2026-03-11', 'rent', k) AS p ORDER BY 1 $$,
	$$ VALUES ('P', 'broken', 0.00), ('T', 'kept', 80.00) $$, 'and so it does if one of them is asked for');
SELECT results_eq($$ SELECT customer::text, state, paid FROM dunning.promises('2026-03-06', 'rent') ORDER BY promise $$, $$ VALUES ('P', 'open', 0.00), ('T', 'kept', 80.00) $$, 'on the days before, too');
SELECT is((SELECT string_agg(what, '; ' ORDER BY nth) FROM dunning.why('rent', 't1', '2026-03-04') WHERE about = 'promise'),
	'Promise of €150.00 for 10 March 2026: open; Promise of €80.00 for 8 March 2026: open', 'why tells both');
SELECT throws_ok($$ SELECT dunning.promise_to_pay('rent', 'S', 150, '2030-03-10', '{s1,t1}', promised_on => '2026-03-01') $$, '22023', 'the items are not all of customer "S"', 'a site does not promise for another one');
SELECT throws_ok($$ SELECT dunning.promise_to_pay('rent', 'P', 71, '2030-03-10', '{s1,x1}', promised_on => '2026-03-01') $$, '22023', 'the items are not all of customer "P"', 'nor a payer for whom he does not pay');
SELECT dunning.agree_plan('rent', '{s1,t2}', '2026-03-25', 2, agreed_on => '2026-03-12') AS plan \gset
SELECT results_eq(format($$ SELECT customer::text, customer_name, amount FROM dunning.plans('2026-03-12') WHERE plan = %s $$, :plan), $$ VALUES ('P', 'Centre', 103.00) $$, 'a plan over the items of two sites is that of their payer');
SELECT throws_ok($$ SELECT dunning.agree_plan('rent', '{t1,x1}', '2030-03-20', 2, agreed_on => '2026-03-02') $$, '22023', 'the items are not all of one customer and one currency', 'of two payers there is none');
SELECT dunning.log_contact('rent', 'P', 'call', items => '{s1,t2}', on_day => '2026-03-12', next_on => '2026-03-19') AS contact \gset
SELECT results_eq($$ SELECT customer::text, customer_name FROM dunning.my_day(NULL, '2026-03-20', 'rent') WHERE kind = 'call_back' $$, $$ VALUES ('P', 'Centre') $$, 'a call with the payer about items of two sites');

-- parties that are assigned: a payer, a group, whose credit is at risk
SELECT throws_ok($$ SELECT dunning.assign('rent', 'payer', 'P', customer => 'X') $$, '55000', 'ledger "rent" takes no payers, groups and risk parties that are assigned', 'only where the mapping says so');
SELECT FROM dunning.adopt('rent', replace => true, columns => '{"customers": {"assigned": true}}') \g /dev/null
SELECT throws_ok($$ SELECT dunning.assign('rent', 'payer', 'P', item => 'x1') $$, '22023', 'a payer is assigned to a customer', 'nor to an item');
SELECT throws_ok($$ SELECT dunning.assign('rent', 'payer', 'P', customer => 'Z') $$, '42704', 'customer "Z" has no item in ledger "rent"', 'nor to a customer who is not there');
SELECT dunning.assign('rent', 'payer', 'P', customer => 'X', from_day => '2026-03-20') AS assigned \gset
SELECT dunning.assign('rent', 'customer_group', 'G', customer => 'X'), dunning.assign('rent', 'risk_party', 'R', customer => 'S'), dunning.assign('rent', 'payer', 'S', customer => 'T', from_day => '2026-04-01') \g /dev/null
SELECT results_eq($$ SELECT customer::text, payer::text, payer_name, email, customer_group::text, risk_party::text FROM dunning.open_item WHERE ledger = 'rent' ORDER BY item $$,
	$$ VALUES ('S', 'P', 'Centre', 'p@x.example', NULL, 'R'), ('T', 'P', 'Centre', 'p@x.example', NULL, NULL), ('X', 'P', 'Centre', 'p@x.example', 'G', NULL) $$, 'the items have them, from their day on');
SELECT set_eq($$ SELECT i.item::text, i.payer::text FROM _dunning.whole_items('2026-03-20') AS i WHERE i.ledger = 'rent' $$, $$ SELECT i.item::text, i.payer::text FROM dunning.ledger_items('2026-03-20') AS i WHERE i.ledger = 'rent' $$, 'where all is read, too');
SELECT results_eq($$ SELECT kind, value, level, source FROM dunning.applies_to('rent', customer => 'X') OFFSET 6 $$, $$ VALUES ('payer', 'P', 'customer', 'assignment'), ('customer_group', 'G', 'customer', 'assignment') $$, 'applies_to tells them');
SELECT results_eq($$ SELECT kind, value, level, source FROM dunning.applies_to('rent', item => 's1') OFFSET 6 $$, $$ VALUES ('payer', 'P', 'customer', 'column'), ('risk_party', 'R', 'customer', 'assignment') $$, 'and those of the ERP');
SELECT results_eq($$ SELECT value, source FROM dunning.applies_to('rent', customer => 'T', as_of => '2026-04-02') WHERE kind = 'payer' $$, $$ VALUES ('S', 'assignment') $$, 'of a day to come, too');
SELECT results_eq($$ SELECT payer::text, items FROM dunning.customer_worklist WHERE ledger = 'rent' $$, $$ VALUES ('P', 3::bigint) $$, 'the list of customers has one row');
SELECT results_eq($$ SELECT payer::text, items FROM dunning.top_customers() WHERE ledger = 'rent' $$, $$ VALUES ('P', 3::bigint) $$, 'so has its short form');
SELECT dunning.run_reminders() \g /dev/null
SELECT results_eq($$ SELECT payer::text, payer_name, email FROM dunning.reminder WHERE item = 'x1' AND state = 'pending' $$, $$ VALUES ('P', 'Centre', 'p@x.example') $$, 'reminders go to him');
SELECT ok(dunning.end_assignment(:assigned, 'he pays himself'), 'the assignment ends');
SELECT results_eq($$ SELECT payer::text, email FROM dunning.open_item WHERE ledger = 'rent' AND item = 'x1' $$, $$ VALUES ('X', NULL) $$, 'he pays himself');
SELECT is_empty($$ SELECT FROM dunning.to_send WHERE item = 'x1' $$, 'and the reminder to the other one does not go');
-- the ERP's own role, which has no access to our tables
CREATE ROLE party_reader;
GRANT SELECT ON rent, paid, tenant TO party_reader;
SELECT dunning.assign('rent', 'payer', 'P', customer => 'X', note => 'again') \g /dev/null
SELECT _dunning.view_name('customers', l.adoption) AS customers FROM dunning.ledger AS l WHERE l.ledger = 'rent' \gset
SET ROLE party_reader;
SELECT concat_ws(' ', c.payer, (SELECT count(*) FROM _dunning.party)) AS seen FROM :customers AS c WHERE c.key = 'X' \gset
RESET ROLE;
SELECT is(:'seen'::text, 'P 5', 'who reads the customers reads who pays for them');
SELECT isnt(dunning.open_item.payer::text, 'X', 'so does a run for the owner of the tables') FROM dunning.open_item WHERE ledger = 'rent' AND item = 'x1';
UPDATE rent SET client = 'Y' WHERE client = 'X';
UPDATE tenant SET id = 'Y' WHERE id = 'X';
SELECT FROM dunning.merge_customer('rent', from_customer => 'X', customer => 'Y') \g /dev/null
SELECT results_eq($$ SELECT customer::text, payer::text FROM dunning.open_item WHERE ledger = 'rent' AND item = 'x1' $$, $$ VALUES ('Y', 'P') $$, 'a customer whose key changes keeps his payer');
SELECT throws_ok($$ SELECT FROM dunning.adopt('invoice', replace => true, columns => '{"customers": {"table": "customer", "payer": null, "assigned": true}}') $$, '22023', 'payers of customers cannot be assigned where the items say the payer', 'one says it');

SELECT finish();
ROLLBACK;
