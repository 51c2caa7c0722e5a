-- When the triggers of watch settle: once at the end of each statement, however
-- its rows were written, and whatever else happens before that end.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();

CREATE TABLE bill (id integer PRIMARY KEY, customer integer, due_on date, amount numeric);
CREATE TABLE payment (id integer GENERATED ALWAYS AS IDENTITY, bill_id integer REFERENCES bill ON DELETE CASCADE, amount numeric, year integer NOT NULL DEFAULT 2026)
	PARTITION BY LIST (year);
CREATE TABLE payment_2026 PARTITION OF payment FOR VALUES IN (2026);
CREATE INDEX ON payment (bill_id);
INSERT INTO bill SELECT i, 1, '2020-01-01', 100 FROM generate_series(1, 30000) AS i;
SELECT dunning.adopt('bill', columns => '{"payments": "payment"}', rule => NULL, watch => true) \g /dev/null
CREATE TABLE payment_2027 PARTITION OF payment FOR VALUES IN (2027);
CREATE TABLE payment_2028 (year integer NOT NULL, amount numeric, gone text, bill_id integer, id integer);
ALTER TABLE payment_2028 DROP COLUMN gone;
ALTER TABLE payment_2028 ALTER id SET NOT NULL;
ALTER TABLE payment ATTACH PARTITION payment_2028 FOR VALUES IN (2028);

-- reminders as a run would have raised them, and which of them are cancelled
CREATE FUNCTION remind(first integer, last integer) RETURNS void LANGUAGE sql AS $$
	INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, channel)
	SELECT 'bill', i::text::dunning.item_key, '5', 1, '2020-03-01', 'email' FROM generate_series(first, last) AS i $$;
CREATE FUNCTION settled(first integer, last integer) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' of ', count(*) FILTER (WHERE r.state = 'cancelled'), count(*)) || coalesce(', ' || string_agg(DISTINCT r.reason, ', '), '')
	FROM dunning.reminder AS r WHERE r.ledger = 'bill' AND r.item::text::integer BETWEEN first AND last $$;
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT remind(1, 1000) \g /dev/null

-- one statement over many items, some of them twice, some without a reminder
INSERT INTO payment (bill_id, amount) SELECT i, CASE WHEN i % 10 = 0 THEN 50 ELSE 100 END FROM generate_series(1, 100) AS i;
SELECT is(settled(1, 100), '90 of 100, settled', 'those that are paid in full, of one statement');
INSERT INTO payment (bill_id, amount) SELECT 10 * (i % 10 + 1), 25 FROM generate_series(1, 20) AS i;
SELECT is(settled(1, 100), '100 of 100, settled', 'two payments of each of the rest');
INSERT INTO payment (bill_id, amount) SELECT i, 100 FROM generate_series(20001, 20010) AS i;
SELECT is(settled(101, 1000), '0 of 900', 'and of no other item');

-- an update, from one item to another
INSERT INTO payment (bill_id, amount) VALUES (101, 100), (102, 40), (103, 60);
SELECT is(settled(101, 103), '1 of 3, settled', 'one is paid');
UPDATE payment SET bill_id = 102 WHERE bill_id = 103;
SELECT is(settled(101, 103), '2 of 3, settled', 'a payment that goes from one to another settles that');
UPDATE payment SET amount = amount WHERE bill_id = 102;
SELECT is(settled(101, 103), '2 of 3, settled', 'one that changes nothing changes nothing');
UPDATE bill SET amount = 0 WHERE id BETWEEN 103 AND 109;
SELECT is(settled(103, 109), '7 of 7, settled', 'so do the items themselves');

-- partitions
INSERT INTO payment (bill_id, amount, year) SELECT i, 100, 2026 + i % 3 FROM generate_series(111, 120) AS i;
SELECT is(settled(111, 120), '10 of 10, settled', 'a statement on a partitioned table, whose partitions came later');
INSERT INTO payment_2026 (bill_id, amount, id) SELECT i, 100, i FROM generate_series(121, 125) AS i;
INSERT INTO payment_2027 (bill_id, amount, id, year) SELECT i, 100, i, 2027 FROM generate_series(126, 130) AS i;
INSERT INTO payment_2028 (bill_id, amount, id, year) SELECT i, 100, i, 2028 FROM generate_series(131, 135) AS i;
SELECT is(settled(121, 135), '15 of 15, settled', 'one on a partition');
INSERT INTO payment (bill_id, amount) VALUES (136, 50);
UPDATE payment SET year = 2028, amount = 100 WHERE bill_id = 136;
SELECT is(settled(136, 136), '1 of 1, settled', 'one that moves a row to another partition');

-- COPY, to both
COPY payment (bill_id, amount, year) FROM stdin;
141	100	2026
142	99	2027
143	100	2028
\.
COPY payment_2027 (bill_id, amount, id, year) FROM stdin;
144	100	1	2027
145	99	2	2027
\.
SELECT is(settled(141, 145), '3 of 5, settled', 'COPY to a partitioned table, and to a partition');

-- MERGE, ON CONFLICT
MERGE INTO payment AS p USING (VALUES (142, 100), (146, 100)) AS v (bill, amount) ON p.bill_id = v.bill
	WHEN MATCHED THEN UPDATE SET amount = v.amount WHEN NOT MATCHED THEN INSERT (bill_id, amount) VALUES (v.bill, v.amount);
SELECT is(settled(142, 142) || ', ' || settled(146, 146), '1 of 1, settled, 1 of 1, settled', 'MERGE');
INSERT INTO bill VALUES (147, 1, '2020-01-01', 100), (148, 1, '2020-01-01', 100) ON CONFLICT (id) DO UPDATE SET amount = CASE WHEN bill.id = 147 THEN 0 ELSE 100 END;
SELECT is(settled(147, 148), '1 of 2, settled', 'ON CONFLICT DO UPDATE');

-- several tables of the ledger in one statement
WITH items AS (UPDATE bill SET amount = 60 WHERE id = 151 RETURNING id), paid AS (INSERT INTO payment (bill_id, amount) VALUES (151, 60), (152, 100) RETURNING bill_id)
SELECT count(*) FROM items, paid \g /dev/null
SELECT is(settled(151, 152), '2 of 2, settled', 'items and payments in one statement');

-- a foreign key's cascade, and items that were deleted
INSERT INTO payment (bill_id, amount) VALUES (161, 10), (162, 10), (162, 20);
DELETE FROM bill WHERE id BETWEEN 161 AND 163;
SELECT is(settled(161, 163), '3 of 3, item deleted', 'items that were deleted, with their payments');
WITH gone AS (DELETE FROM bill WHERE id = 164 RETURNING *) INSERT INTO bill SELECT 31164, customer, due_on, amount FROM gone;
SELECT is(settled(164, 164), '1 of 1, item deleted', 'one whose copy has another key');
INSERT INTO payment (bill_id, amount) VALUES (165, 10);
DELETE FROM payment WHERE bill_id = 165;
SELECT is(settled(165, 165), '0 of 1', 'a payment that was deleted settles nothing');

-- as many as are not kept until the end
SELECT remind(1001, 12000) \g /dev/null
INSERT INTO payment (bill_id, amount) SELECT i, CASE WHEN i IN (2000, 11999, 12000) THEN 1 ELSE 100 END FROM generate_series(1001, 12000) AS i;
SELECT is(settled(1001, 12000), '10997 of 11000, settled', 'more items than are kept until the end of a statement');

--
-- Subtransactions: what is rolled back settles nothing, what was noted before it stays
--
SAVEPOINT a;
INSERT INTO payment (bill_id, amount) VALUES (171, 100);
SELECT is(settled(171, 171), '1 of 1, settled', 'settled in a subtransaction');
ROLLBACK TO a;
SELECT is(settled(171, 171), '0 of 1', 'that is rolled back');
INSERT INTO payment (bill_id, amount) VALUES (172, 100);
SELECT is(settled(171, 172), '1 of 2, settled', 'and the next one');
RELEASE a;
SELECT is(pg_temp.try('INSERT INTO payment (bill_id, amount) SELECT 172 + i, 100 / (3 - i) FROM generate_series(1, 3) AS i'), '22012', 'a statement that fails');
SELECT is(settled(173, 175), '0 of 3', 'settles nothing');
INSERT INTO payment (bill_id, amount) VALUES (176, 100);
SELECT is(settled(173, 176), '1 of 4, settled', 'nor does the next one settle what it named');

-- other triggers of the same row and statement: before, behind and in between, each
-- with statements of its own; one in a subtransaction that fails, or that does not
CREATE TABLE noticed (place text, item integer, settled text);
CREATE FUNCTION nested() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	item CONSTANT integer := NEW.bill_id + 100;
BEGIN
	IF NEW.bill_id BETWEEN 181 AND 189 AND TG_ARGV[0] = 'fails' THEN
		BEGIN
			INSERT INTO payment (bill_id, amount) VALUES (item, 100);
			INSERT INTO noticed VALUES ('inside', item, settled(item, item));
			RAISE EXCEPTION division_by_zero;
		EXCEPTION WHEN division_by_zero THEN
			INSERT INTO noticed VALUES ('failed', item, settled(item, item));
		END;
	ELSIF NEW.bill_id BETWEEN 191 AND 199 AND TG_ARGV[0] = 'works' THEN
		BEGIN
			INSERT INTO payment_2026 (bill_id, amount, id) VALUES (item, 100, item);
			INSERT INTO noticed VALUES ('inside', item, settled(item, item));
		EXCEPTION WHEN division_by_zero THEN
			NULL;
		END;
		INSERT INTO noticed VALUES ('works', item, settled(item, item));
	ELSIF NEW.bill_id BETWEEN 201 AND 209 AND TG_ARGV[0] = 'works' THEN
		UPDATE bill SET amount = 0 WHERE id = item;
		INSERT INTO noticed VALUES ('works', item, settled(item, item));
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER a_first BEFORE INSERT ON payment FOR EACH ROW EXECUTE FUNCTION nested('works');
CREATE TRIGGER a_failing AFTER INSERT ON payment FOR EACH ROW EXECUTE FUNCTION nested('fails');
CREATE TRIGGER z_failing AFTER INSERT ON payment FOR EACH ROW EXECUTE FUNCTION nested('fails');
CREATE TRIGGER z_last AFTER INSERT ON payment FOR EACH ROW EXECUTE FUNCTION nested('works');
INSERT INTO payment (bill_id, amount) SELECT i, 100 FROM generate_series(181, 209) AS i WHERE i NOT IN (190, 200);
SELECT is(settled(181, 189) || '; ' || settled(191, 199) || '; ' || settled(201, 209), '9 of 9, settled; 9 of 9, settled; 9 of 9, settled', 'a statement whose triggers pay, too');
SELECT is(settled(281, 289), '0 of 9', 'what they rolled back is not settled');
SELECT is(settled(291, 299) || '; ' || settled(301, 309), '9 of 9, settled; 9 of 9, settled', 'what they paid is');
SELECT results_eq('SELECT place, settled, count(*) FROM noticed GROUP BY place, settled ORDER BY place, settled',
	$$ VALUES ('failed', '0 of 1', 18::bigint), ('inside', '1 of 1, settled', 18), ('works', '1 of 1, settled', 36) $$, 'each statement is settled at its own end');
DROP TRIGGER a_first ON payment;
DROP TRIGGER a_failing ON payment;
DROP TRIGGER z_failing ON payment;
DROP TRIGGER z_last ON payment;

-- a trigger of the statement, and a function in it, that change what is watched
CREATE FUNCTION pay(item integer) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO payment (bill_id, amount) VALUES (item, 100);
	RETURN 100;
END $$;
INSERT INTO payment (bill_id, amount) SELECT 411 + i, pay(421 + i) FROM generate_series(1, 5) AS i;
SELECT is(settled(412, 416) || '; ' || settled(422, 426), '5 of 5, settled; 5 of 5, settled', 'a function of the statement that pays');
CREATE FUNCTION pay_after() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF pg_trigger_depth() = 1 THEN
		INSERT INTO payment (bill_id, amount) SELECT bill_id + 10, 100 FROM new_rows;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER pay_after AFTER INSERT ON payment REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pay_after();
INSERT INTO payment (bill_id, amount) SELECT i, 100 FROM generate_series(431, 435) AS i;
SELECT is(settled(431, 435) || '; ' || settled(441, 445), '5 of 5, settled; 5 of 5, settled', 'a trigger for each statement that pays');
DROP TRIGGER pay_after ON payment;

-- deferred triggers of others, and the ends of what they do
CREATE FUNCTION pay_later() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO payment (bill_id, amount) VALUES (NEW.id + 10, 100);
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER pay_later AFTER UPDATE ON bill DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.id BETWEEN 451 AND 459) EXECUTE FUNCTION pay_later();
UPDATE bill SET amount = 0 WHERE id BETWEEN 451 AND 459;
SELECT is(settled(451, 459) || '; ' || settled(461, 469), '9 of 9, settled; 0 of 9', 'what is deferred');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(settled(461, 469), '9 of 9, settled', 'is settled when it is done');

-- a trigger of ours that was made anew as a deferred one settles when it is fired
DO $$ BEGIN EXECUTE format('DROP TRIGGER %I ON bill', (SELECT tgname FROM pg_trigger WHERE tgrelid = 'bill'::regclass AND tgfoid = '_dunning.watch()'::regprocedure)); END $$;
CREATE CONSTRAINT TRIGGER ours AFTER INSERT OR UPDATE OR DELETE ON bill DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION _dunning.watch('bill');
SET CONSTRAINTS ALL DEFERRED;
UPDATE bill SET amount = 0 WHERE id BETWEEN 471 AND 479;
SELECT is(settled(471, 479), '0 of 9', 'a trigger that is deferred');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(settled(471, 479), '9 of 9, settled', 'settles when it is fired');
DROP TRIGGER ours ON bill;
SELECT dunning.watch_ledger('bill') \g /dev/null

-- two ledgers over one table
CREATE VIEW bills AS SELECT * FROM bill;
SELECT dunning.adopt('bills', ledger => 'another', columns => '{"key": "id", "payments": {"table": "payment", "item": "bill_id", "amount": "amount"}}', rule => NULL) \g /dev/null
SELECT dunning.watch_table('another', 'payment', 'bill_id', 'payment') \g /dev/null
INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, channel) SELECT 'another', i::text::dunning.item_key, '5', 1, '2020-03-01', 'email' FROM generate_series(481, 489) AS i;
INSERT INTO payment (bill_id, amount) SELECT i, 100 FROM generate_series(481, 489) AS i;
SELECT is(settled(481, 489) || '; ' || (SELECT count(*) FROM dunning.reminder WHERE ledger = 'another' AND reason = 'settled'), '9 of 9, settled; 9', 'each ledger has its own');
SELECT dunning.release_ledger('another') \g /dev/null

-- an item of which nothing can be computed does not keep the others
CREATE VIEW broken AS SELECT id, customer, due_on, amount / (id - 495) AS amount, amount * 0 AS open_amount FROM bill;
SELECT dunning.adopt('broken', columns => '{"key": "id", "open_amount": "open_amount"}', rule => NULL, replace => false) \g /dev/null
SELECT dunning.watch_table('broken', 'bill', 'id', 'item') \g /dev/null
INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, channel) SELECT 'broken', i::text::dunning.item_key, '5', 1, '2020-03-01', 'email' FROM generate_series(491, 499) AS i;
CREATE OR REPLACE VIEW broken AS SELECT id, customer, due_on, amount / (id - 495) AS amount, amount * 0 / (id - 495) AS open_amount FROM bill;
UPDATE bill SET customer = 2 WHERE id BETWEEN 491 AND 499;
SELECT is((SELECT string_agg(item::text, ' ' ORDER BY item) FROM dunning.reminder WHERE ledger = 'broken' AND state = 'pending'), '495', 'one item that cannot be read stays, the others are settled');
SELECT dunning.release_ledger('broken') \g /dev/null

-- the ledger is read once a statement
CREATE SEQUENCE readings;
CREATE FUNCTION one() RETURNS integer LANGUAGE sql VOLATILE RETURN sign(nextval('public.readings'));
CREATE VIEW counted AS SELECT id, customer, due_on, amount * (SELECT public.one()) AS amount FROM bill;
SELECT dunning.adopt('counted', columns => '{"key": "id", "payments": {"table": "payment", "item": "bill_id", "amount": "amount"}}', rule => NULL) \g /dev/null
SELECT dunning.watch_table('counted', 'payment', 'bill_id', 'payment') \g /dev/null
INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, channel) SELECT 'counted', i::text::dunning.item_key, '5', 1, '2020-03-01', 'email' FROM generate_series(511, 560) AS i;
SELECT setval('readings', 1, false) \g /dev/null
INSERT INTO payment (bill_id, amount) SELECT i, 100 FROM generate_series(511, 560) AS i;
SELECT is((SELECT count(*) FROM dunning.reminder WHERE ledger = 'counted' AND reason = 'settled') || ', ' || nextval('readings') - 1, '50, 1', 'one reading for all items of a statement');
SELECT dunning.release_ledger('counted') \g /dev/null

-- session_replication_role: a trigger that is always fired settles, as in a subscription
SET LOCAL session_replication_role = replica;
INSERT INTO payment (bill_id, amount) VALUES (501, 100);
SELECT is(settled(501, 501), '0 of 1', 'a trigger that is not fired');
DO $$ BEGIN EXECUTE format('ALTER TABLE payment ENABLE ALWAYS TRIGGER %I', (SELECT tgname FROM pg_trigger WHERE tgrelid = 'payment'::regclass AND tgfoid = '_dunning.watch()'::regprocedure)); END $$;
INSERT INTO payment (bill_id, amount) VALUES (502, 100);
SELECT is(settled(501, 502), '1 of 2, settled', 'and one that always is');
SELECT dunning.watch_ledger('bill') \g /dev/null
INSERT INTO payment (bill_id, amount) VALUES (503, 100);
SELECT is(settled(501, 503), '2 of 3, settled', 'which it stays when the ledger is watched again');
SET LOCAL session_replication_role = origin;

-- what queues the end is ours, and does nothing else
SELECT throws_ok('SELECT _dunning.settle_statement()', '39P01', NULL, 'the trigger function is not called by itself');
CREATE TABLE other (id integer);
CREATE TRIGGER other AFTER INSERT ON other FOR EACH ROW EXECUTE FUNCTION _dunning.settle_statement();
SELECT throws_ok('INSERT INTO other VALUES (1)', '39P01', 'function "_dunning.settle_statement" must be fired FOR EACH STATEMENT', 'nor for a row');
SELECT is_empty('SELECT * FROM _dunning.statement_end', 'its table is empty');

-- nobody fires code of his own at the end of somebody else's statement
CREATE FUNCTION public.settle_statement() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER another AFTER INSERT ON _dunning.statement_end FOR EACH STATEMENT EXECUTE FUNCTION public.settle_statement();
SELECT throws_ok('INSERT INTO payment (bill_id, amount) VALUES (504, 1)', '39P01', 'trigger "another" is not one of pg_dunning', 'a trigger of somebody else is refused');
DROP TRIGGER another ON _dunning.statement_end;
SELECT lives_ok('INSERT INTO payment (bill_id, amount) VALUES (504, 1)', 'without it all goes on');
SELECT * FROM finish();
ROLLBACK;
