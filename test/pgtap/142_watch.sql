-- What the triggers of watch must not do: run anything of an ERP with the
-- rights of a superuser, or take for paid what they do not see.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();

CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS OR query_canceled THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
-- a reminder as a run would have raised it
CREATE FUNCTION pg_temp.pending(ledger name, item text, part integer DEFAULT 1) RETURNS void LANGUAGE sql AS $$
	INSERT INTO dunning.reminder (ledger, item, part, step, level, raised_on, channel) VALUES (ledger, item::dunning.item_key, part, '5', 1, '2020-03-01', 'email') $$;
CREATE FUNCTION pg_temp.states(of_ledger name) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', r.item, r.state, r.reason), ', ' ORDER BY r.reminder) FROM dunning.reminder AS r WHERE r.ledger = of_ledger $$;

-- the shop owns its schema and means harm: whoever runs its functions is noted
CREATE ROLE dunning_shop;
CREATE ROLE dunning_other;
CREATE SCHEMA shop AUTHORIZATION dunning_shop;
GRANT USAGE ON SCHEMA shop TO PUBLIC;
SET LOCAL ROLE dunning_shop;
CREATE TABLE shop.seen (who text, what text);
GRANT SELECT, INSERT ON shop.seen TO PUBLIC;
CREATE FUNCTION shop.note(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO shop.seen VALUES (current_user, what);
	RETURN true;
END $$;
RESET ROLE;
CREATE FUNCTION pg_temp.seen() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	SELECT string_agg(DISTINCT who || ' ' || what, ', ') INTO answer FROM shop.seen;
	DELETE FROM shop.seen;
	RETURN coalesce(answer, 'nobody');
END $$;

--
-- The key: what its owner defines for its type is never run
--
CREATE TABLE kind (n integer, name text, definition text, value text, key text);
INSERT INTO kind VALUES
	(1, 'enum', 'CREATE TYPE shop.%I AS ENUM (''a'', ''b'')', 'a', 'a'),
	(2, 'composite', 'CREATE TYPE shop.%I AS (a integer, b text)', '(1,x)', '(1,x)'),
	(3, 'range', 'CREATE TYPE shop.%I AS RANGE (subtype = numeric)', '[1,2)', '[1,2)'),
	(4, 'over_enum', 'CREATE DOMAIN shop.%I AS shop.enum', 'a', 'a'),
	(5, 'over_composite', 'CREATE DOMAIN shop.%I AS shop.composite', '(1,x)', '(1,x)'),
	(6, 'twice', 'CREATE DOMAIN shop.%I AS shop.over_enum CHECK (VALUE IS NOT NULL)', 'b', 'b'),
	(7, 'enum[]', NULL, '{a,b}', '{a,b}'),
	(8, 'over_number', 'CREATE DOMAIN shop.%I AS integer', '7', '7'),
	(9, 'over_text', 'CREATE DOMAIN shop.%I AS varchar(5)', 'F 7', 'F 7');
GRANT SELECT ON kind TO dunning_shop;
SET LOCAL ROLE dunning_shop;
SELECT format(definition, name) FROM kind WHERE definition IS NOT NULL ORDER BY n \gexec
SELECT format('CREATE TABLE shop.invoice_%s (id shop.%s PRIMARY KEY, customer int, due_on date, amount numeric, open_amount numeric)', n, name) FROM kind \gexec
SELECT format('INSERT INTO shop.invoice_%s VALUES (%L, 1, ''2020-01-01'', 100, 100)', n, value) FROM kind \gexec
RESET ROLE;
SELECT format('SELECT count(*) > 0 FROM dunning.adopt(''shop.invoice_%1$s'', ledger => ''kind_%1$s'', rule => NULL, watch => true)', n) FROM kind ORDER BY n \gexec
SELECT format('SELECT pg_temp.pending(''kind_%s'', %L)', n, key) FROM kind \gexec
SET LOCAL ROLE dunning_shop;
SELECT format($$ CREATE FUNCTION shop.text_of(shop.%1$I) RETURNS text LANGUAGE plpgsql AS 'BEGIN PERFORM shop.note(''cast''); RETURN ''a''; END';
	CREATE CAST (shop.%1$I AS text) WITH FUNCTION shop.text_of(shop.%1$I) $$, name) FROM kind WHERE n IN (1, 2, 3) ORDER BY n \gexec
SELECT format('UPDATE shop.invoice_%s SET open_amount = 0', n) FROM kind ORDER BY n \gexec
RESET ROLE;
SELECT is(pg_temp.seen(), 'nobody', 'the casts of a key''s type are not run');
SELECT is(pg_temp.states(('kind_' || n)::name), key || ' cancelled settled', 'the key of a ' || name) FROM kind ORDER BY n;

-- a column is known by its number: neither another of its name nor another type
SET session_replication_role = replica; UPDATE dunning.reminder SET state = 'pending', cancelled_on = NULL, cancelled_at = NULL, withdrawn = false, reason = NULL WHERE ledger = 'kind_8'; RESET session_replication_role;
SET LOCAL ROLE dunning_shop;
UPDATE shop.invoice_8 SET open_amount = 100;
ALTER TABLE shop.invoice_8 RENAME id TO old_id;
ALTER TABLE shop.invoice_8 ADD COLUMN id shop.enum DEFAULT 'a';
UPDATE shop.invoice_8 SET open_amount = 0;
RESET ROLE;
SELECT is(pg_temp.seen(), 'nobody', 'a new column of the old name is not read');
SELECT is(pg_temp.states('kind_8'), '7 cancelled settled', 'and the old one is, whatever its name');
SELECT is((SELECT concat_ws(' ', column_name, attnum, type, what) FROM _dunning.watched WHERE ledger = 'kind_8'), 'id 1 shop.over_number item', 'what is known of it');

--
-- What stands in the ledger is run as who owns it
--
SET LOCAL ROLE dunning_shop;
CREATE TABLE shop.bill (id integer PRIMARY KEY, customer integer, due_on date, amount numeric, open_amount numeric, hidden boolean DEFAULT false);
INSERT INTO shop.bill SELECT i, 1, '2020-01-01', 100, 100 FROM generate_series(1, 20) AS i;
CREATE VIEW shop.bills AS SELECT id, customer, due_on, amount, CASE WHEN shop.note('view') THEN open_amount END AS open_amount FROM shop.bill WHERE NOT hidden;
RESET ROLE;
SELECT count(*) > 0 FROM dunning.adopt('shop.bills', ledger => 'bills', columns => '{"key": "id"}', rule => NULL) \g /dev/null
SELECT is(pg_temp.try($$ SELECT dunning.watch_table('bills', 'shop.bill', 'id', 'item') $$), 'ok', 'a table under a view is watched');
SELECT pg_temp.pending('bills', i::text) FROM generate_series(1, 20) AS i \g /dev/null
DELETE FROM shop.seen;
UPDATE shop.bill SET open_amount = 0 WHERE id = 1;
SELECT is(pg_temp.seen(), 'dunning_shop view', 'a superuser posts a payment: the view''s functions run as its owner');
SELECT is((SELECT state::text FROM dunning.reminder WHERE ledger = 'bills' AND item = '1'), 'cancelled', 'and the reminder is cancelled');
SELECT is(current_user, session_user, 'who is himself again');

-- nor does he gain anything from the session in which they run
CREATE FUNCTION pg_temp.attempt(attempt text, id integer) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL ROLE dunning_shop;
	EXECUTE format('CREATE OR REPLACE FUNCTION shop.note(what text) RETURNS boolean LANGUAGE plpgsql AS %L',
		format('BEGIN %s; RETURN true; END', attempt));
	RESET ROLE;
	UPDATE shop.bill SET open_amount = 0 WHERE bill.id = attempt.id;
	RETURN format('%s, %s, %s', (SELECT r.state FROM dunning.reminder AS r WHERE r.ledger = 'bills' AND r.item = attempt.id),
		current_user = session_user, current_setting('search_path') ~ 'shop');
END $$;
SELECT is(pg_temp.attempt(attempt, id), answer, attempt)
FROM (VALUES
	(2, 'SET ROLE NONE', 'pending, t, f'),
	(3, 'PERFORM set_config(''role'', ''none'', false)', 'pending, t, f'),
	(4, 'SET SESSION AUTHORIZATION DEFAULT', 'pending, t, f'),
	(5, 'CREATE TEMP TABLE left_behind (x integer)', 'pending, t, f'),
	(6, 'PERFORM set_config(''search_path'', ''shop'', false)', 'cancelled, t, f'),
	(7, 'PERFORM 1 / 0', 'pending, t, f'),
	(8, 'PERFORM FROM no_such_table', 'pending, t, f'),
	(9, 'INSERT INTO dunning.reminder DEFAULT VALUES', 'pending, t, f'),
	(10, 'RAISE EXCEPTION USING ERRCODE = ''55000''', 'pending, t, f'),
	(11, 'PERFORM dunning.settle_reminders(''bills'')', 'pending, t, f')) AS v (id, attempt, answer);
SELECT is(regexp_replace(pg_temp.try(format('SELECT pg_temp.attempt(''RAISE EXCEPTION USING ERRCODE = ''''%s'''''', 12)', state)), ':.*', ''), state, 'what concerns the transaction is not caught: ' || state)
FROM unnest(ARRAY['40001', '40P01', '55P03', '57014', '53100', '53200', '58030']) AS state;
SELECT is((SELECT state::text FROM dunning.reminder WHERE ledger = 'bills' AND item = '12'), 'pending', 'and undoes the payment');

-- functions that a planner evaluates
SET LOCAL ROLE dunning_shop;
CREATE OR REPLACE FUNCTION shop.note(what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(4711, r.oid::integer) FROM pg_roles AS r WHERE r.rolname = current_user;
	RETURN true;
END $$;
UPDATE shop.bill SET open_amount = 0 WHERE id = 13;
RESET ROLE;
UPDATE shop.bill SET open_amount = 0 WHERE id = 14;
SELECT is((SELECT string_agg(r.rolname, ', ') FROM pg_locks AS l JOIN pg_roles AS r ON r.oid = l.objid WHERE l.locktype = 'advisory' AND l.classid = 4711),
	'dunning_shop', 'planning is done as the owner, too');

-- a view of a superuser's over tables of others
SELECT dunning.release_ledger('bills') \g /dev/null
CREATE VIEW public.bills AS SELECT * FROM shop.bills;
GRANT SELECT ON public.bills TO dunning_shop;
SELECT dunning.adopt('public.bills', columns => '{"key": "id"}', rule => NULL) \g /dev/null
SELECT dunning.watch_table('bills', 'shop.bill', 'id', 'item') \g /dev/null
SET session_replication_role = replica; UPDATE dunning.reminder SET state = 'pending', cancelled_on = NULL, cancelled_at = NULL, withdrawn = false, reason = NULL WHERE ledger = 'bills'; RESET session_replication_role;
REVOKE SELECT ON public.bills FROM dunning_shop;
CREATE OR REPLACE FUNCTION shop.note(what text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN INSERT INTO shop.seen VALUES (current_user, what); RETURN true; END $$;
DELETE FROM shop.seen;
UPDATE shop.bill SET open_amount = 0 WHERE id = 15;
SELECT is(pg_temp.seen() || ', ' || (SELECT state FROM dunning.reminder WHERE ledger = 'bills' AND item = '15'), 'nobody, pending', 'it is read as who owns the tables, who may not read the view');
GRANT SELECT ON public.bills TO dunning_shop;
UPDATE shop.bill SET open_amount = -1 WHERE id = 15;
SELECT is(pg_temp.seen() || ', ' || (SELECT state FROM dunning.reminder WHERE ledger = 'bills' AND item = '15'), 'dunning_shop view, cancelled', 'and then may');
CREATE TABLE public.other (bill integer);
ALTER TABLE public.other OWNER TO dunning_other;
CREATE OR REPLACE VIEW public.bills AS SELECT b.* FROM shop.bills AS b WHERE b.id NOT IN (SELECT bill FROM public.other);
UPDATE shop.bill SET open_amount = 0 WHERE id = 16;
SELECT is(pg_temp.seen() || ', ' || (SELECT state FROM dunning.reminder WHERE ledger = 'bills' AND item = '16'), 'nobody, pending', 'what belongs to two others is read as neither');
SELECT dunning.release_ledger('bills') \g /dev/null

--
-- Row-level security: what is hidden is not paid
--
SET LOCAL ROLE dunning_shop;
CREATE TABLE shop.invoice (id integer PRIMARY KEY, customer integer, due_on date, amount numeric);
CREATE TABLE shop.payment (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, invoice_id integer, amount numeric, paid_on date DEFAULT '2020-02-01');
CREATE INDEX ON shop.payment (invoice_id);
INSERT INTO shop.invoice SELECT i, 1, '2020-01-01', 100 FROM generate_series(1, 60) AS i;
CREATE POLICY noted ON shop.payment USING (shop.note('policy') AND amount > 0);
ALTER TABLE shop.payment ENABLE ROW LEVEL SECURITY;
RESET ROLE;
SELECT dunning.adopt('shop.invoice', columns => '{"payments": "payment"}', rule => NULL, watch => true) \g /dev/null
SELECT pg_temp.pending('invoice', i::text) FROM generate_series(1, 60) AS i \g /dev/null
SELECT is(_dunning.rows_hidden('invoice', 'dunning_shop'::regrole), false, 'the owner of the tables sees all rows');
CREATE FUNCTION pg_temp.pay(invoice integer, amount numeric, paid_on date DEFAULT '2020-02-01') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO shop.payment (invoice_id, amount, paid_on) VALUES (invoice, amount, paid_on);
	RETURN (SELECT concat_ws(' ', r.state, r.reason) FROM dunning.reminder AS r WHERE r.ledger = 'invoice' AND r.item = invoice);
END $$;
DELETE FROM shop.seen;
SELECT is(pg_temp.pay(1, 100), 'cancelled settled', 'a payment is seen under policies that do not apply to the owner');
SELECT is(pg_temp.seen(), 'nobody', 'who runs none of them');
ALTER TABLE shop.payment FORCE ROW LEVEL SECURITY;
SELECT is(_dunning.rows_hidden('invoice', 'dunning_shop'::regrole), true, 'they are forced on him');
SELECT is(pg_temp.pay(2, 100), 'pending', 'then nothing is cancelled');
SELECT is(pg_temp.seen(), 'nobody', 'nor any of them run');
ALTER TABLE shop.payment NO FORCE ROW LEVEL SECURITY;
-- the same under a view of somebody to whom they apply
GRANT SELECT ON shop.payment TO dunning_other;
CREATE VIEW shop.payments AS SELECT * FROM shop.payment;
ALTER VIEW shop.payments OWNER TO dunning_other;
GRANT SELECT ON shop.payments TO dunning_shop;
SELECT dunning.adopt('shop.invoice', columns => '{"payments": {"table": "payments", "item": "invoice_id", "amount": "amount"}}', rule => NULL, watch => true, replace => true) \g /dev/null
SELECT dunning.watch_table('invoice', 'shop.payment', 'invoice_id', 'payment') \g /dev/null
DELETE FROM shop.seen;
SELECT is(_dunning.rows_hidden('invoice', 'dunning_shop'::regrole), true, 'under a view they apply to its owner');
SELECT is(pg_temp.pay(3, 100), 'pending', 'so nothing is cancelled');
ALTER VIEW shop.payments SET (security_invoker = true);
SELECT is(_dunning.rows_hidden('invoice', 'dunning_shop'::regrole), false, 'under one with the rights of who asks to him');
SELECT is(pg_temp.pay(4, 100), 'cancelled settled', 'so it is');
SELECT is(pg_temp.seen(), 'nobody', 'and nobody ran a policy');
ALTER TABLE shop.payment DISABLE ROW LEVEL SECURITY;
DROP POLICY noted ON shop.payment;
SELECT dunning.adopt('shop.invoice', columns => '{"payments": "payment"}', rule => NULL, watch => true, replace => true) \g /dev/null

--
-- Cancelled because it was seen, never because it was not
--
SELECT is(pg_temp.pay(5, 99.99), 'pending', 'a part of it is not all');
SELECT is(pg_temp.pay(5, NULL), 'pending', 'a payment without an amount is none');
SELECT is(pg_temp.pay(6, 100, current_date + 40), 'pending', 'a payment of a day to come does not count');
SET LOCAL dunning.today = '2999-01-01';
SELECT is(pg_temp.pay(7, 100, current_date + 40), 'pending', 'whatever day the session looks at');
SET LOCAL dunning.today = '2000-01-01';
SELECT is(pg_temp.pay(8, 100), 'cancelled settled', 'and one of before counts');
RESET dunning.today;
UPDATE shop.invoice SET amount = NULL WHERE id = 9;
SELECT is(pg_temp.pay(9, 100), 'pending', 'an amount that is not known is not settled');
SELECT is(pg_temp.pay(49 + n::integer, a::numeric), 'pending', 'a payment of ' || a || ' settles nothing') FROM unnest('{NaN,Infinity,-Infinity}'::text[]) WITH ORDINALITY AS u (a, n);
SELECT is(dunning.settle_reminders('invoice', dunning.item_key(k)), 0, 'nor is it settled later') FROM generate_series(50, 52) AS k;
UPDATE shop.invoice SET id = 1010 WHERE id = 10;
SELECT is((SELECT state::text FROM dunning.reminder WHERE ledger = 'invoice' AND item = '10'), 'pending', 'an item that has another key is not settled');
DELETE FROM shop.invoice WHERE id = 11;
SELECT is((SELECT concat_ws(' ', state, reason) FROM dunning.reminder WHERE ledger = 'invoice' AND item = '11'), 'cancelled item deleted', 'one that was deleted is');
SET LOCAL session_replication_role = replica;
DELETE FROM shop.invoice WHERE id = 12;
INSERT INTO shop.payment (invoice_id, amount) VALUES (12, 10), (13, 100);
SET LOCAL session_replication_role = origin;
DELETE FROM shop.payment WHERE invoice_id = 12;
SELECT is((SELECT string_agg(state::text, ' ') FROM dunning.reminder WHERE ledger = 'invoice' AND item IN ('12', '13')), 'pending pending', 'what no trigger saw is as it was, and a payment deleted deletes no item');
SELECT is(dunning.settle_reminders('invoice'), 3, 'settle cancels what it sees to be settled');
SELECT is((SELECT string_agg(item::text, ' ' ORDER BY item::text::integer) FROM dunning.reminder WHERE ledger = 'invoice' AND reason = 'no longer open'), '2 3 13', 'what was hidden and what no trigger saw, and nothing else');
SELECT is(dunning.settle_reminders('invoice', '12'), 0, 'nor does it for one item');
SELECT set_eq('SELECT item::text, state::text FROM dunning.unseen_reminders(''invoice'')', $$ VALUES ('10', 'pending'), ('12', 'pending') $$, 'what cannot be seen is told');
SELECT is_empty('SELECT * FROM dunning.unseen_reminders(''no such ledger'')', 'of a ledger that is there');
SELECT is_empty($$ SELECT * FROM dunning.unseen_reminders('kind_1') $$, 'none where all is seen');

-- a view that leaves out what is closed
SET session_replication_role = replica; UPDATE dunning.reminder SET ledger = 'closed' WHERE ledger = 'bills' AND item IN ('17', '18', '19'); RESET session_replication_role;
SET LOCAL ROLE dunning_shop;
CREATE OR REPLACE FUNCTION shop.note(what text) RETURNS boolean LANGUAGE sql RETURN true;
RESET ROLE;
SELECT dunning.adopt('shop.bills', ledger => 'closed', columns => '{"key": "id"}', rule => NULL) \g /dev/null
SELECT dunning.watch_table('closed', 'shop.bill', 'id', 'other') \g /dev/null
UPDATE shop.bill SET hidden = true WHERE id = 17;
DELETE FROM shop.bill WHERE id = 18;
SET session_replication_role = replica; UPDATE dunning.reminder SET state = 'pending', cancelled_on = NULL, cancelled_at = NULL, withdrawn = false, reason = NULL WHERE ledger = 'closed'; RESET session_replication_role;
UPDATE shop.bill SET hidden = true WHERE id = 17;
SELECT is(pg_temp.states('closed'), '17 pending, 18 pending, 19 pending', 'what leaves a view is not paid, nor is it where the row deleted is not the item');
SELECT dunning.watch_table('closed', 'shop.bill', 'id', 'item') \g /dev/null
DELETE FROM shop.bill WHERE id = 19;
SELECT is(pg_temp.states('closed'), '17 pending, 18 pending, 19 cancelled item deleted', 'where it is the item, it is');

-- an item with two rows is settled when both are
CREATE TABLE twofold (id integer, customer integer, due_on date, open_amount numeric);
CREATE VIEW twofolds AS SELECT * FROM twofold;
INSERT INTO twofold VALUES (1, 1, '2020-01-01', 10);
SELECT dunning.adopt('twofolds', columns => '{"key": "id"}', rule => NULL) \g /dev/null
INSERT INTO twofold VALUES (1, 1, '2020-01-01', 20);
SELECT dunning.watch_table('twofolds', 'twofold', 'id') \g /dev/null
SELECT pg_temp.pending('twofolds', '1') \g /dev/null
UPDATE twofold SET open_amount = 0 WHERE open_amount = 10;
SELECT is(pg_temp.states('twofolds') || dunning.settle_reminders('twofolds') || dunning.settle_reminders('twofolds', '1'), '1 pending00', 'one of two rows of a key is settled');
UPDATE twofold SET open_amount = 0;
SELECT is(pg_temp.states('twofolds'), '1 cancelled settled', 'both are');

-- parts: those that are paid, and those that are no more
CREATE TABLE parted (id integer PRIMARY KEY, customer integer, issued_on date, terms text, amount numeric, open_amount numeric);
INSERT INTO parted SELECT i, 1, '2020-01-01', '50% 30 days, balance 60 days', 100, 100 FROM generate_series(1, 4) AS i;
SELECT dunning.adopt('parted', columns => '{"key": "id", "terms": "terms", "open_amount": "open_amount"}', rule => NULL, watch => true) \g /dev/null
SELECT is((SELECT string_agg(part || ' ' || open_amount, ', ' ORDER BY part) FROM dunning.open_item WHERE ledger = 'parted' AND item = '1'), '1 50.00, 2 50.00', 'an item in two parts');
SELECT pg_temp.pending('parted', i::text, p) FROM generate_series(1, 4) AS i, generate_series(1, 2) AS p \g /dev/null
UPDATE parted SET open_amount = 50 WHERE id = 1;
UPDATE parted SET terms = '30 days' WHERE id = 2;
UPDATE parted SET terms = 'nobody understands this' WHERE id = 3;
UPDATE parted SET open_amount = '-Infinity' WHERE id = 4;
SELECT results_eq($$ SELECT item::text, part, reason FROM dunning.reminder WHERE ledger = 'parted' ORDER BY item, part $$,
	$$ VALUES ('1', 1, 'settled'), ('1', 2, NULL), ('2', 1, NULL), ('2', 2, 'its part is no longer there'), ('3', 1, NULL), ('3', 2, NULL), ('4', 1, NULL), ('4', 2, NULL) $$,
	'a paid part, one that is no more, and two of which nothing is known');
SET session_replication_role = replica; UPDATE dunning.reminder SET state = 'pending', cancelled_on = NULL, cancelled_at = NULL, withdrawn = false, reason = NULL WHERE ledger = 'parted'; RESET session_replication_role;
SELECT is(dunning.settle_reminders('parted'), 2, 'settle sees it in the same way');
SELECT results_eq($$ SELECT item::text, part, reason FROM dunning.reminder WHERE ledger = 'parted' AND state = 'cancelled' ORDER BY item $$,
	$$ VALUES ('1', 1, 'no longer open'), ('2', 2, 'its part is no longer there') $$, 'the same ones');

--
-- Who attaches the trigger to a table of his own
--
CREATE ROLE dunning_attacker;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA dunning, _dunning TO dunning_attacker;
GRANT CREATE ON SCHEMA public TO dunning_attacker;
SET LOCAL ROLE dunning_attacker;
CREATE TEMP TABLE mine (id integer);
CREATE TRIGGER mine AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION _dunning.watch('invoice');
SELECT is(pg_temp.try('INSERT INTO mine VALUES (20)'), '22023: relation "mine" is not watched for ledger "invoice"', 'a table of his own');
CREATE TABLE public.payment (id integer, invoice_id integer);
CREATE TRIGGER mine AFTER INSERT ON public.payment FOR EACH ROW EXECUTE FUNCTION _dunning.watch('invoice');
SELECT is(pg_temp.try('INSERT INTO public.payment VALUES (1, 20)'), '22023: relation "payment" is not watched for ledger "invoice"', 'one of the same name');
SELECT is(pg_temp.try('INSERT INTO _dunning.watched VALUES (''invoice'', ''mine'', ''id'', 1, ''integer'', ''item'')'), '42501: permission denied for table watched', 'and he cannot have it watched');
SELECT is(pg_temp.try('SELECT dunning.watch_table(''invoice'', ''mine'', ''id'')'), '42501: only the owner of dunning.open_item can watch a ledger', 'nor by the function');
RESET ROLE;
SELECT is(pg_temp.try('SELECT dunning.watch_table(''no such'', ''shop.payment'', ''id'')'), '42704: ledger "no such" does not exist', 'of no ledger');
SELECT is(pg_temp.try('SELECT dunning.watch_table(''invoice'', ''shop.payment'', ''ctid'')'), '42703: column "ctid" of shop.payment does not exist', 'by no column');
SELECT is(pg_temp.try('SELECT dunning.watch_table(''invoice'', ''shop.payment'', ''id'', ''all'')') ~ '^23514: ', true, 'as nothing known');
-- one trigger a table and ledger, whatever its columns
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'shop.payment'::regclass), 1::bigint, 'one trigger');
SELECT dunning.watch_table('invoice', 'shop.payment', 'id') \g /dev/null
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'shop.payment'::regclass), 1::bigint, 'for all columns');
SELECT is(dunning.unwatch_ledger('invoice'), 4, 'two triggers are dropped, and what others attached');
SELECT is_empty('SELECT * FROM _dunning.watched WHERE ledger = ''invoice''', 'and nothing is watched');

-- whoever is to read it needs the rights on all of it
SELECT dunning.release_ledger(l.ledger) FROM dunning.ledger AS l WHERE l.ledger <> 'invoice' \g /dev/null
ALTER TABLE shop.payment OWNER TO dunning_other;
SELECT dunning.watch_ledger('invoice') \g /dev/null
SELECT is(pg_temp.pay(21, 100), 'pending', 'a payment that the owner of the items may not read');
GRANT SELECT ON shop.payment TO dunning_shop;
SELECT is(pg_temp.pay(21, 1), 'cancelled settled', 'one that he may');

SELECT * FROM finish();
ROLLBACK;
