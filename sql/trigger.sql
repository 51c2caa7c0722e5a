-- The triggers for the tables of an ERP: dunning.set_status and _dunning.watch.
SET client_encoding = 'UTF8';
SET client_min_messages = warning;
CREATE SCHEMA trigger_test;
SET search_path = trigger_test, public;
SET dunning.today = '2026-02-10';

-- What a command fails with
CREATE FUNCTION try(command text, OUT state text, OUT message text, OUT detail text, OUT hint text)
	LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
	state := '00000';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END
$$;

-- What the first row fails with under a trigger that ends in the given words;
-- nothing of it stays.
CREATE FUNCTION try_trigger(timing text, action text, command text DEFAULT 'INSERT INTO wrong DEFAULT VALUES',
		relation text DEFAULT 'wrong', OUT state text, OUT message text, OUT detail text, OUT hint text)
	LANGUAGE plpgsql AS $$
BEGIN
	SELECT * INTO state, message, detail, hint
	FROM try(format('CREATE TRIGGER t %s ON %s %s; %s; DROP TRIGGER t ON %2$s', timing, relation, action, command));
END
$$;

-- Attached by those who may only.
SELECT p.proname, bool_or(a.grantee = 0) AS for_all
FROM pg_catalog.pg_proc AS p, pg_catalog.aclexplode(p.proacl) AS a
WHERE p.oid IN ('dunning.set_status()'::regprocedure, '_dunning.watch()'::regprocedure)
GROUP BY p.proname ORDER BY p.proname;

--
-- dunning.set_status
--

CREATE TABLE wrong (
	due date, due_at timestamp, due_tz timestamptz, due_text text,
	owed numeric, owed_float double precision, owed_money money, owed_flag boolean,
	status text, status_number integer, status_char char(10),
	days integer, days_big bigint, gone text,
	later date GENERATED ALWAYS AS (due + 1) STORED,
	label text GENERATED ALWAYS AS (status || '!') STORED
);
INSERT INTO wrong (due, owed) VALUES ('2026-01-01', 1);
ALTER TABLE wrong DROP COLUMN gone;

-- The protocol
\x on
SELECT * FROM try('SELECT dunning.set_status()');
SELECT * FROM try_trigger('AFTER INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_status(''due'', ''owed'', ''status'')');
SELECT * FROM try_trigger('BEFORE DELETE', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_status(''due'', ''owed'', ''status'')', 'DELETE FROM wrong');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH STATEMENT EXECUTE FUNCTION dunning.set_status(''due'', ''owed'', ''status'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_status(''due'', ''owed'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_status(''due'', ''owed'', ''status'', ''days'', ''due'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_status()');
\x off
CREATE VIEW wrong_view AS SELECT due, owed, status FROM wrong;
SELECT state, message FROM try_trigger('INSTEAD OF INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_status(''due'', ''owed'', ''status'')',
	'INSERT INTO wrong_view VALUES (NULL, 1)', 'wrong_view');
SELECT state, message FROM try_trigger('BEFORE TRUNCATE', 'FOR EACH STATEMENT EXECUTE FUNCTION dunning.set_status(''due'', ''owed'', ''status'')', 'TRUNCATE wrong');

-- The columns
SELECT a.due, a.owed, a.status, a.days, t.state, t.message
FROM (VALUES
	(1, 'due', 'owed', 'status', 'days'),
	(2, 'nothing', 'owed', 'status', 'days'),
	(3, 'Due', 'owed', 'status', 'days'),
	(4, 'due', 'gone', 'status', 'days'),
	(5, 'due', '........pg.dropped.14........', 'status', 'days'),
	(6, 'due', 'owed', 'ctid', 'days'),
	(7, 'due', 'owed', 'status', ''),
	(8, 'due_at', 'owed', 'status', 'days'),
	(9, 'due_tz', 'owed', 'status', 'days'),
	(10, 'due_text', 'owed', 'status', 'days'),
	(11, 'due', 'owed_float', 'status', 'days'),
	(12, 'due', 'owed_money', 'status', 'days'),
	(13, 'due', 'owed_flag', 'status', 'days'),
	(14, 'due', 'owed', 'status_number', 'days'),
	(15, 'due', 'owed', 'status_char', 'days'),
	(16, 'due', 'owed', 'status', 'days_big'),
	(17, 'due', 'owed', 'status', 'due_text'),
	(18, 'later', 'owed', 'status', 'days'),
	(19, 'due', 'owed', 'label', 'days'),
	(20, 'due', 'owed', 'due', 'days'),
	(21, 'due', 'owed', 'owed', 'days'),
	(22, 'due', 'status_number', 'status', 'status_number'),
	(23, 'due', 'owed', 'status', 'status')) AS a (n, due, owed, status, days),
	try_trigger('BEFORE INSERT', format('FOR EACH ROW EXECUTE FUNCTION dunning.set_status(%L, %L, %L, %L)', a.due, a.owed, a.status, a.days)) AS t
ORDER BY a.n;
\x on
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_status(''due_at'', ''owed'', ''status'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_status(''due'', ''owed_float'', ''status'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_status(''later'', ''owed'', ''status'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_status(''due'', ''owed'', ''due'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_status(''due'', ''amount'', ''status'')');
\x off
-- Virtual generated columns came with 18.
CREATE FUNCTION virtual_column(OUT refused text) LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('server_version_num')::integer < 180000 THEN
		refused := 'not stored, or not there';
		RETURN;
	END IF;
	EXECUTE 'CREATE TABLE virtual (due date, owed numeric, status text, later date GENERATED ALWAYS AS (due + 1) VIRTUAL)';
	SELECT CASE state WHEN '0A000' THEN 'not stored, or not there' ELSE state END INTO refused
	FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_status(''later'', ''owed'', ''status'')',
		'INSERT INTO virtual VALUES (now(), 1)', 'virtual');
	DROP TABLE virtual;
END
$$;
SELECT * FROM virtual_column();

-- The status of each kind of item
CREATE TABLE item (
	id integer PRIMARY KEY, due date, owed numeric(12,2),
	status text, days integer, note text
);
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON item
	FOR EACH ROW EXECUTE FUNCTION dunning.set_status('due', 'owed', 'status', 'days');
INSERT INTO item (id, due, owed) VALUES
	(1, _dunning.real_day() - 40, 100),
	(2, _dunning.real_day() - 1, 0.01),
	(3, _dunning.real_day(), 100),
	(4, _dunning.real_day() + 1, 100),
	(5, _dunning.real_day() - 40, 0),
	(6, _dunning.real_day() - 40, -30),
	(7, NULL, 100),
	(8, _dunning.real_day() - 40, NULL),
	(9, 'infinity', 100),
	(10, '-infinity', 100),
	(11, _dunning.real_day() + 10, 'NaN');
SELECT id, due = _dunning.real_day() AS due_today, owed, status, days FROM item ORDER BY id;
-- What the user wrote there himself is not kept.
INSERT INTO item (id, due, owed, status, days) VALUES (12, NULL, 1, 'settled', 7) RETURNING status, days;
UPDATE item SET owed = 0 WHERE id = 1 RETURNING status, days;
UPDATE item SET due = _dunning.real_day() + 28, owed = 100 WHERE id = 1 RETURNING status, days;
UPDATE item SET due = NULL WHERE id = 1 RETURNING status, days;
-- Another day, another status: of the rows that are written.  What stands there
-- of yesterday is written by hand.
ALTER TABLE item DISABLE TRIGGER stamp;
UPDATE item SET status = 'not_due', days = -1 WHERE id = 3;
UPDATE item SET status = 'due_today', days = 0 WHERE id = 2;
ALTER TABLE item ENABLE TRIGGER stamp;
UPDATE item SET note = 'seen' WHERE id = 3 RETURNING status, days;
SELECT status, days FROM item WHERE id = 2;
UPDATE item SET note = 'seen' WHERE id = 2 RETURNING status, days;
-- What a session looks at is nothing to those who read the row after it.
SET dunning.today = '2099-12-31';
INSERT INTO item (id, due, owed) VALUES (13, _dunning.real_day(), 1), (14, _dunning.real_day() - 40, 1) RETURNING status, days;
RESET dunning.today;
INSERT INTO item (id, due, owed) VALUES (15, _dunning.real_day(), 1), (16, _dunning.real_day() - 40, 1) RETURNING status, days;
SET dunning.today = '2026-02-10';
-- A row that already says so goes through as it is.
CREATE TRIGGER z_same BEFORE UPDATE ON item
	FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
WITH u AS (UPDATE item SET owed = owed WHERE id IN (2, 3, 5, 6, 9) RETURNING id) SELECT count(*) FROM u;
DROP TRIGGER z_same ON item;

-- Many rows, against plain SQL
SELECT setseed(0.5);
TRUNCATE item;
INSERT INTO item (id, due, owed)
SELECT i,
	CASE WHEN random() > 0.05 THEN _dunning.real_day() + (random() * 60 - 30)::integer END,
	CASE WHEN random() > 0.05 THEN round((random() * 4 - 2)::numeric, 2) * (random() > 0.1)::integer * 10 ^ (random() * 9)::integer END
FROM generate_series(1, 5000) AS i;
UPDATE item SET owed = -owed, due = due + 1 WHERE id % 3 = 0;
SELECT count(*) AS rows, count(DISTINCT status) AS kinds,
	count(*) FILTER (WHERE status::text IS DISTINCT FROM CASE
		WHEN due IS NULL OR owed IS NULL THEN NULL
		WHEN owed = 0 THEN 'settled' WHEN owed < 0 THEN 'credit'
		WHEN due = _dunning.real_day() THEN 'due_today' WHEN due < _dunning.real_day() THEN 'overdue' ELSE 'not_due' END) AS wrong_status,
	count(*) FILTER (WHERE days IS DISTINCT FROM _dunning.real_day() - due) AS wrong_days
FROM item;

-- Types of the columns: lengths and domains count.
CREATE DOMAIN day AS date;
CREATE DOMAIN amount AS numeric(10,2);
CREATE DOMAIN state AS text NOT NULL CHECK (VALUE <> 'credit');
CREATE DOMAIN small AS integer CHECK (VALUE < 1000);
CREATE TABLE typed (
	due day, n numeric, a amount, i integer, b bigint, s smallint,
	text text, short varchar(7), fits varchar(9), domain state DEFAULT '', days small
);
CREATE FUNCTION stamp_typed(owed text, status text, insert_values text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	t record;
	r typed;
BEGIN
	EXECUTE format('CREATE TRIGGER t BEFORE INSERT ON typed FOR EACH ROW EXECUTE FUNCTION dunning.set_status(''due'', %L, %L, ''days'')', owed, status);
	SELECT * INTO t FROM try(format('INSERT INTO typed (due, %I) VALUES %s', owed, insert_values));
	SELECT * INTO r FROM typed;
	DELETE FROM typed;
	DROP TRIGGER t ON typed;
	RETURN CASE WHEN t.state <> '00000' THEN t.state ELSE concat_ws(' ', r.text, r.short, r.fits, r.domain, r.days) END;
END
$$;
SELECT c.owed, c.status, c.row, stamp_typed(c.owed, c.status, c.row) AS result
FROM (VALUES
	(1, 'n', 'text', '(_dunning.real_day(), 1e-40)'),
	(2, 'n', 'text', '(_dunning.real_day() - 1, 123456789012345678901234567890)'),
	(3, 'n', 'text', '(_dunning.real_day() - 1, ''-Infinity'')'),
	(4, 'a', 'fits', '(_dunning.real_day(), 12.50)'),
	(5, 'i', 'fits', '(_dunning.real_day() - 1, -1)'),
	(6, 'b', 'fits', '(_dunning.real_day() - 1, 9223372036854775807)'),
	(7, 's', 'fits', '(_dunning.real_day() + 1, 1)'),
	(8, 'i', 'short', '(_dunning.real_day() - 1, 1)'),
	(9, 'i', 'short', '(_dunning.real_day(), 1)'),
	(10, 'i', 'domain', '(_dunning.real_day() - 1, 1)'),
	(11, 'i', 'domain', '(_dunning.real_day() - 1, -1)'),
	(12, 'i', 'domain', '(_dunning.real_day() - 1, NULL)'),
	(13, 'i', 'text', '(_dunning.real_day() - 2193, 1)')) AS c (n, owed, status, row)
ORDER BY c.n;

-- A partitioned table, one partition with its columns in another order
CREATE TABLE part (id integer, due date, owed numeric, status text) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (100);
CREATE TABLE part_2 (status text, gone text, owed numeric, id integer, due date);
ALTER TABLE part_2 DROP COLUMN gone;
ALTER TABLE part ATTACH PARTITION part_2 FOR VALUES FROM (100) TO (200);
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON part
	FOR EACH ROW EXECUTE FUNCTION dunning.set_status('due', 'owed', 'status');
INSERT INTO part VALUES (1, _dunning.real_day() - 40, 10), (101, _dunning.real_day(), 10), (2, _dunning.real_day(), 10), (102, _dunning.real_day() + 19, 10);
UPDATE part SET id = id + 100, owed = 0 WHERE id = 1;
SELECT tableoid::regclass AS partition, id, status FROM part ORDER BY id;

-- Names as people write them
CREATE TABLE "Facture Été" ("N°" text PRIMARY KEY, "Client" text, "Échéance" date, "Reste dû" numeric, "État" text);
CREATE TRIGGER "Tampon" BEFORE INSERT OR UPDATE ON "Facture Été"
	FOR EACH ROW EXECUTE FUNCTION dunning.set_status('Échéance', 'Reste dû', 'État');
INSERT INTO "Facture Été" VALUES ('F 1', 'Zoé', '2026-01-01', 10), ('F''2"', 'Zoé', _dunning.real_day(), 10)
	RETURNING "N°", "État";

--
-- _dunning.watch
--

CREATE TABLE facture (
	id integer PRIMARY KEY, client text, echeance date, montant numeric(12,2)
);
CREATE TABLE reglement (
	id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, facture_id integer, montant numeric(12,2), date_reglement date DEFAULT '2026-02-10'
);
CREATE INDEX ON reglement (facture_id);
INSERT INTO facture SELECT i, 'client ' || i % 3, '2026-01-20', 100 FROM generate_series(1, 9) AS i;
SELECT field, source FROM dunning.adopt('facture', ledger => 'watched', columns => '{"payments": "reglement"}', watch => true)
WHERE field IN ('ledger', 'key', 'payments.item', 'watch');
CREATE VIEW reminders AS
	SELECT r.item, r.level, r.state, r.reason FROM dunning.reminder AS r
	WHERE r.ledger = 'watched' ORDER BY r.item, r.level, r.reminder;
-- What is cancelled is cancelled on the real day; here on that of the story.
CREATE FUNCTION of_the_story() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.cancelled_on := greatest(NEW.raised_on, least(NEW.cancelled_on, dunning.today()));
	RETURN NEW;
END $$;
CREATE TRIGGER of_the_story BEFORE UPDATE ON dunning.reminder FOR EACH ROW WHEN (NEW.state = 'cancelled') EXECUTE FUNCTION of_the_story();
SELECT dunning.run_reminders('2026-02-10', 'watched');

-- A part is not all; all is.
INSERT INTO reglement (facture_id, montant) VALUES (1, 60);
SELECT * FROM reminders WHERE item = '1';
INSERT INTO reglement (facture_id, montant) VALUES (1, 40);
SELECT * FROM reminders WHERE item = '1';
SELECT count(*) FROM dunning.worklist WHERE ledger = 'watched' AND item = '1';
-- Nothing else was touched.
SELECT state, count(*) FROM reminders GROUP BY state ORDER BY state;

-- A payment taken back: due again, and the run raises it again.
DELETE FROM reglement WHERE facture_id = 1 AND montant = 40;
SELECT open_amount, level, state FROM dunning.worklist WHERE ledger = 'watched' AND item = '1';
SELECT dunning.run_reminders('2026-02-10', 'watched');
SELECT * FROM reminders WHERE item = '1';
-- Raised by an update, and reduced by one
UPDATE reglement SET montant = 100 WHERE facture_id = 1;
SELECT * FROM reminders WHERE item = '1';
UPDATE reglement SET montant = 99.99 WHERE facture_id = 1;
SELECT open_amount, level, state FROM dunning.worklist WHERE ledger = 'watched' AND item = '1';

-- A payment moved from one item to another: both are looked at.
INSERT INTO reglement (facture_id, montant) VALUES (2, 100);
SELECT * FROM reminders WHERE item = '2';
UPDATE reglement SET facture_id = 3 WHERE facture_id = 2;
SELECT * FROM reminders WHERE item IN ('2', '3');
SELECT item, state FROM dunning.worklist WHERE ledger = 'watched' AND item IN ('2', '3');
-- The item it leaves may be settled by it too: what was paid to 4 was a refund.
INSERT INTO reglement (facture_id, montant) VALUES (4, 100), (4, -50);
SELECT dunning.run_reminders('2026-02-10', 'watched');
SELECT * FROM reminders WHERE item = '4';
UPDATE reglement SET facture_id = 5 WHERE montant = -50;
SELECT * FROM reminders WHERE item IN ('4', '5');
-- Payments of nothing
INSERT INTO reglement (facture_id, montant) VALUES (NULL, 100), (999, 1);
UPDATE reglement SET facture_id = NULL WHERE facture_id = 999;
UPDATE reglement SET facture_id = 5 WHERE facture_id IS NULL AND montant = 1;
UPDATE reglement SET montant = montant;
SELECT * FROM reminders WHERE item = '5';

-- The item itself: written off, deleted, renumbered, which settles nothing
DELETE FROM reglement WHERE facture_id = 5;
UPDATE facture SET montant = 0 WHERE id = 5;
SELECT * FROM reminders WHERE item = '5';
DELETE FROM facture WHERE id = 6;
SELECT * FROM reminders WHERE item = '6';
UPDATE facture SET id = 70 WHERE id = 7;
SELECT * FROM reminders WHERE item IN ('7', '70');

-- What is rolled back was not.
BEGIN;
INSERT INTO reglement (facture_id, montant) VALUES (8, 100);
DELETE FROM facture WHERE id = 9;
SELECT * FROM reminders WHERE item IN ('8', '9');
ROLLBACK;
SELECT * FROM reminders WHERE item IN ('8', '9');
BEGIN;
SAVEPOINT s;
INSERT INTO reglement (facture_id, montant) VALUES (8, 100);
ROLLBACK TO s;
COMMIT;
SELECT * FROM reminders WHERE item = '8';

-- More than all; and a payment of a day to come counts from that day on, which
-- for a trigger is the real one.
INSERT INTO reglement (facture_id, montant) VALUES (8, 150);
SELECT * FROM reminders WHERE item = '8';
INSERT INTO reglement (facture_id, montant, date_reglement) VALUES (9, 100, '9999-02-20');
SELECT * FROM reminders WHERE item = '9';
SET dunning.today = '9999-12-31';
SELECT dunning.settle_reminders('watched', '9');
SET session_replication_role = replica;
UPDATE reglement SET date_reglement = '2026-02-20' WHERE facture_id = 9;
RESET session_replication_role;
SET dunning.today = '2026-02-19';
SELECT dunning.settle_reminders('watched', '9');
SET dunning.today = '2026-02-10';
SELECT * FROM reminders WHERE item = '9';

-- A reminder that was sent stays: it was.
INSERT INTO facture VALUES (10, 'client 1', '2026-01-20', 100);
SELECT dunning.run_reminders('2026-02-10', 'watched');
SELECT dunning.mark_reminder_sent(reminder) FROM dunning.reminder WHERE ledger = 'watched' AND item = '10';
INSERT INTO reglement (facture_id, montant) VALUES (10, 100);
SELECT * FROM reminders WHERE item = '10';

-- Many at once
INSERT INTO facture SELECT i, 'client 4', '2026-01-20', 100 FROM generate_series(1001, 1500) AS i;
SELECT dunning.run_reminders('2026-02-10', 'watched');
INSERT INTO reglement (facture_id, montant) SELECT i, 50 FROM generate_series(1001, 1500) AS i, generate_series(1, 2) AS half
WHERE i % 5 <> 0 OR half = 1;
SELECT r.state, r.reason, count(*), bool_and((r.state = 'pending') = (r.item::text::integer % 5 = 0)) AS right_ones
FROM reminders AS r WHERE length(r.item::text) = 4 GROUP BY r.state, r.reason ORDER BY r.state;
COPY reglement (facture_id, montant) FROM stdin;
1005	20
1005	30
1010	50
1015	49.99
\.
SELECT * FROM reminders WHERE item IN ('1005', '1010', '1015');

-- Whoever posts a payment needs no right on anything of ours, and rows that
-- are hidden from him are not settled.
CREATE ROLE regress_dunning_clerk;
GRANT USAGE ON SCHEMA trigger_test TO regress_dunning_clerk;
GRANT INSERT, SELECT ON reglement TO regress_dunning_clerk;
GRANT EXECUTE ON FUNCTION try TO regress_dunning_clerk;
SELECT has_table_privilege('regress_dunning_clerk', 'dunning.reminder', 'SELECT'),
	has_table_privilege('regress_dunning_clerk', 'facture', 'SELECT'),
	has_function_privilege('regress_dunning_clerk', '_dunning.watch()', 'EXECUTE');
ALTER TABLE facture ENABLE ROW LEVEL SECURITY;
ALTER TABLE reglement ENABLE ROW LEVEL SECURITY;
CREATE POLICY nothing ON reglement FOR SELECT USING (false);
CREATE POLICY anything ON reglement FOR INSERT WITH CHECK (true);
SET ROLE regress_dunning_clerk;
INSERT INTO reglement (facture_id, montant) VALUES (1020, 50), (1025, 49);
SELECT current_user;
CREATE TEMP TABLE mine (id integer);
RESET ROLE;
SELECT * FROM reminders WHERE item IN ('1020', '1025');
ALTER TABLE facture DISABLE ROW LEVEL SECURITY;
ALTER TABLE reglement DISABLE ROW LEVEL SECURITY;

-- A caller's search_path does not matter.
CREATE SCHEMA trigger_evil;
CREATE TYPE trigger_evil.text AS (a integer);
CREATE TYPE trigger_evil.name AS (a integer);
CREATE FUNCTION trigger_evil.never(name, name) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE FUNCTION trigger_evil.never(dunning.item_key, dunning.item_key) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE FUNCTION trigger_evil.never(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR trigger_evil.= (LEFTARG = name, RIGHTARG = name, FUNCTION = trigger_evil.never);
CREATE OPERATOR trigger_evil.= (LEFTARG = dunning.item_key, RIGHTARG = dunning.item_key, FUNCTION = trigger_evil.never);
CREATE OPERATOR trigger_evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = trigger_evil.never);
CREATE FUNCTION trigger_evil.jsonb_extract_path_text(jsonb, VARIADIC text[]) RETURNS text LANGUAGE sql AS 'SELECT ''evil''';
SET search_path = trigger_evil, pg_catalog;
INSERT INTO trigger_test.reglement (facture_id, montant) VALUES (1030, 50);
SET search_path = trigger_test, public;
SELECT * FROM reminders WHERE item = '1030';
DROP SCHEMA trigger_evil CASCADE;

-- Deferred: it counts what is there at the end of the transaction.
DROP TRIGGER dunning_watch_watched ON reglement;
CREATE CONSTRAINT TRIGGER dunning_watch AFTER INSERT OR UPDATE OR DELETE ON reglement
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION _dunning.watch('watched');
BEGIN;
INSERT INTO reglement (facture_id, montant) VALUES (1035, 50);
SELECT * FROM reminders WHERE item = '1035';
COMMIT;
SELECT * FROM reminders WHERE item = '1035';
BEGIN;
INSERT INTO reglement (facture_id, montant) VALUES (1040, 50);
UPDATE reglement SET montant = 40 WHERE facture_id = 1040 AND montant = 50 AND id = (SELECT max(id) FROM reglement);
COMMIT;
SELECT * FROM reminders WHERE item = '1040';
SELECT relation::text FROM dunning.watch_ledger('watched') AS relation ORDER BY 1;
SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgfoid = '_dunning.watch()'::regprocedure AND tgconstraint <> 0;

-- The protocol
CREATE TABLE other (id integer, facture_id integer);
INSERT INTO other VALUES (1);
\x on
SELECT * FROM try('SELECT _dunning.watch()');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION _dunning.watch(''watched'')', 'INSERT INTO other VALUES (1)', 'other');
SELECT * FROM try_trigger('AFTER INSERT', 'FOR EACH STATEMENT EXECUTE FUNCTION _dunning.watch(''watched'')', 'INSERT INTO other VALUES (1)', 'other');
SELECT * FROM try_trigger('AFTER TRUNCATE', 'FOR EACH STATEMENT EXECUTE FUNCTION _dunning.watch(''watched'')', 'TRUNCATE other', 'other');
SELECT * FROM try_trigger('AFTER INSERT', 'FOR EACH ROW EXECUTE FUNCTION _dunning.watch()', 'INSERT INTO other VALUES (1)', 'other');
SELECT * FROM try_trigger('AFTER INSERT', 'FOR EACH ROW EXECUTE FUNCTION _dunning.watch(''watched'', ''id'', ''id'')', 'INSERT INTO other VALUES (1)', 'other');
SELECT * FROM try_trigger('AFTER INSERT', 'FOR EACH ROW EXECUTE FUNCTION _dunning.watch(''nothing'')', 'INSERT INTO other VALUES (1)', 'other');
SELECT * FROM try_trigger('AFTER DELETE', 'FOR EACH ROW EXECUTE FUNCTION _dunning.watch(''watched'')', 'DELETE FROM other', 'other');
\x off

-- A column renamed since is still the same.
ALTER TABLE reglement RENAME facture_id TO "N° facture";
INSERT INTO reglement ("N° facture", montant) VALUES (1045, 50);
SELECT * FROM reminders WHERE item = '1045';
-- One that is another, or of another type, is not read, and the payment goes on.
ALTER TABLE reglement ADD COLUMN other_id integer, ADD COLUMN another_id integer;
SELECT dunning.watch_table('watched', 'reglement', 'other_id'), dunning.watch_table('watched', 'reglement', 'another_id');
INSERT INTO reglement (other_id, another_id) VALUES (1045, 1045);
SELECT column_name, attnum, type, what FROM _dunning.watched WHERE ledger = 'watched' ORDER BY relation::text, column_name;
ALTER TABLE reglement ALTER other_id TYPE bigint;
ALTER TABLE reglement DROP another_id;
ALTER TABLE reglement ADD another_id integer;
INSERT INTO reglement ("N° facture", montant) VALUES (1060, 50);
SELECT * FROM reminders WHERE item = '1060';
-- what is restored has its number from its name
INSERT INTO _dunning.watched (ledger, relation, column_name, attnum, type, what)
VALUES ('of another', 'reglement', 'another_id', 1, 'integer', 'other'), ('of another', 'reglement', 'other_id', 1, 'integer', 'other'), ('of another', 'reglement', 'gone', 1, 'integer', 'other');
SELECT column_name, attnum, type, what FROM _dunning.watched WHERE ledger = 'of another' ORDER BY column_name;
DELETE FROM _dunning.watched WHERE ledger = 'of another';
-- What cannot be read is a warning.
ALTER TABLE facture RENAME COLUMN echeance TO due_then;
ALTER TABLE facture ADD COLUMN echeance date;
SELECT count(*) > 0 AS adopted FROM dunning.adopt('facture', ledger => 'watched', replace => true, watch => true,
	columns => '{"due_on": "due_then", "payments": {"table": "reglement", "item": "N° facture"}}');
CREATE ROLE regress_dunning_erp;
ALTER TABLE facture OWNER TO regress_dunning_erp;
GRANT USAGE ON SCHEMA trigger_test TO regress_dunning_erp;
INSERT INTO reglement ("N° facture", montant) VALUES (1065, 50), (1070, 50);
SELECT * FROM reminders WHERE item IN ('1065', '1070');
SELECT count(*) FROM dunning.watch_ledger('watched');
GRANT SELECT ON reglement TO regress_dunning_erp;
SELECT count(*) FROM dunning.watch_ledger('watched');
ALTER TABLE facture ENABLE ROW LEVEL SECURITY;
ALTER TABLE facture FORCE ROW LEVEL SECURITY;
INSERT INTO reglement ("N° facture", montant) VALUES (1075, 50);
SELECT * FROM reminders WHERE item = '1075';
SELECT count(*) FROM dunning.watch_ledger('watched');
ALTER TABLE facture DISABLE ROW LEVEL SECURITY;
INSERT INTO reglement ("N° facture", montant) VALUES (1080, 50);
SELECT * FROM reminders WHERE item = '1080';
ALTER TABLE facture OWNER TO CURRENT_USER;
DROP OWNED BY regress_dunning_erp;
DROP ROLE regress_dunning_erp;

-- Released: its triggers are gone.  One left behind says what to do, and the
-- user of the session is himself after the error.
SELECT dunning.release_ledger('watched') > 0 AS cancelled;
SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgrelid IN ('facture'::regclass, 'reglement'::regclass);
INSERT INTO reglement ("N° facture", montant) VALUES (1050, 50);
CREATE TRIGGER "Left behind" AFTER INSERT ON reglement FOR EACH ROW EXECUTE FUNCTION _dunning.watch('watched');
\x on
SET ROLE regress_dunning_clerk;
SELECT t.*, current_user FROM try('INSERT INTO reglement ("N° facture", montant) VALUES (1055, 50)') AS t;
SELECT current_user;
RESET ROLE;
\x off

-- A table by its open amount, watched on its own, with names as people write them
SELECT field, source FROM dunning.adopt('"Facture Été"', ledger => 'Été',
	columns => '{"key": "N°", "customer": "Client", "due_on": "Échéance", "open_amount": "Reste dû"}', watch => true)
WHERE field IN ('ledger', 'key', 'due_on', 'open_amount', 'watch') ORDER BY field COLLATE "C";
SELECT dunning.run_reminders('2026-02-10', 'Été');
UPDATE "Facture Été" SET "Reste dû" = 0;
SELECT "N°", "État" FROM "Facture Été" ORDER BY "N°" COLLATE "C";
SELECT item, state, reason FROM dunning.reminder WHERE ledger = 'Été' ORDER BY item;
SELECT dunning.release_ledger('Été');

-- Keys of every type: what the trigger looks up is what the view has.
CREATE DOMAIN item_number AS varchar(10);
CREATE TYPE colour AS ENUM ('red');
CREATE FUNCTION watch_key(type text, key text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('CREATE TABLE keyed (id %s PRIMARY KEY, client text, echeance date, solde numeric)', type);
	EXECUTE format('INSERT INTO keyed VALUES (%L, ''c'', ''2026-01-20'', 10)', key);
	PERFORM dunning.adopt('trigger_test.keyed', columns => '{"open_amount": "solde"}', watch => true);
	PERFORM dunning.run_reminders('2026-02-10', 'keyed');
	UPDATE keyed SET solde = 0;
	SELECT string_agg(concat_ws(' ', item, state, reason), ', ') INTO result FROM dunning.reminder WHERE ledger = 'keyed';
	PERFORM dunning.release_ledger('keyed');
	SET LOCAL session_replication_role = replica;
	DELETE FROM dunning.reminder WHERE ledger = 'keyed';
	SET LOCAL session_replication_role = origin;
	DROP TABLE keyed;
	RETURN result;
END
$$;
SELECT k.type, watch_key(k.type, k.key)
FROM (VALUES (1, 'smallint', '7'), (2, 'integer', '-7'), (3, 'bigint', '9223372036854775807'),
	(4, 'numeric(10,2)', '7.50'), (5, 'text', ' a '), (6, 'varchar(5)', 'a b'), (7, 'char(5)', 'ab'),
	(8, 'uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'), (9, 'item_number', 'N 1'), (10, 'colour', 'red'),
	(11, '"char"', 'x'), (12, 'name', 'n'), (13, 'integer[]', '{1,2}'), (14, 'jsonb', '{"n":1}')) AS k (n, type, key)
ORDER BY k.n;

-- Partitioned tables of items and of payments; and one partition alone
CREATE TABLE facture_p (id bigint, client text, echeance date, montant numeric) PARTITION BY LIST (client);
CREATE TABLE facture_p1 PARTITION OF facture_p FOR VALUES IN ('a');
CREATE TABLE facture_p2 (montant numeric, gone text, client text, id bigint, echeance date);
ALTER TABLE facture_p2 DROP COLUMN gone;
ALTER TABLE facture_p ATTACH PARTITION facture_p2 FOR VALUES IN ('b');
CREATE TABLE reglement_p (facture_id integer, montant numeric, date_reglement date) PARTITION BY LIST (date_reglement);
CREATE TABLE reglement_p1 PARTITION OF reglement_p DEFAULT PARTITION BY HASH (facture_id);
CREATE TABLE reglement_p11 (date_reglement date, montant numeric, facture_id integer);
ALTER TABLE reglement_p1 ATTACH PARTITION reglement_p11 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO facture_p SELECT i, CASE WHEN i < 100 THEN 'a' ELSE 'b' END, '2026-01-20', 100 FROM unnest(ARRAY[1, 2, 3, 101, 102, 103]) AS i;
SELECT count(*) FROM dunning.adopt('facture_p', columns => '{"key": "id", "payments": "reglement_p"}', watch => true) WHERE field = 'watch';
SELECT dunning.run_reminders('2026-02-10', 'facture_p');
INSERT INTO reglement_p VALUES (1, 100, '2026-02-10'), (101, 100, '2026-02-10'), (2, 99, '2026-02-10');
INSERT INTO reglement_p11 VALUES ('2026-02-10', 100, 102);
DELETE FROM facture_p WHERE id = 3;
-- moved to another partition, an item is not deleted
UPDATE facture_p SET client = 'b' WHERE id = 2;
SELECT item, state, reason FROM dunning.reminder WHERE ledger = 'facture_p' ORDER BY item;
-- one that is attached later is watched, too, and one that is detached is not
CREATE TABLE facture_p3 (echeance date, gone text, id bigint, client text, montant numeric);
ALTER TABLE facture_p3 DROP COLUMN gone;
INSERT INTO facture_p3 (id, client, echeance, montant) SELECT i, 'c', '2026-01-20', 100 FROM unnest(ARRAY[201, 202]) AS i;
ALTER TABLE facture_p ATTACH PARTITION facture_p3 FOR VALUES IN ('c');
SELECT dunning.run_reminders('2026-02-10', 'facture_p');
DELETE FROM facture_p WHERE id = 201;
UPDATE facture_p3 SET montant = 0 WHERE id = 202;
ALTER TABLE facture_p RENAME id TO numero;
ALTER TABLE reglement_p DETACH PARTITION reglement_p1;
INSERT INTO reglement_p1 VALUES (103, 100, '2026-02-10');
SELECT item, state, reason FROM dunning.reminder WHERE ledger = 'facture_p' AND (item IN ('201', '202', '103')) ORDER BY item;
ALTER TABLE reglement_p ATTACH PARTITION reglement_p1 DEFAULT;
DELETE FROM facture_p3;
DELETE FROM reglement_p WHERE facture_id = 103;
-- a partition alone
DROP TRIGGER dunning_watch_facture_p ON reglement_p;
CREATE TRIGGER alone AFTER INSERT ON reglement_p11 FOR EACH ROW EXECUTE FUNCTION _dunning.watch('facture_p');
INSERT INTO reglement_p VALUES (103, 100, '2026-02-10');
SELECT item, state, reason FROM dunning.reminder WHERE ledger = 'facture_p' AND item = '103';
SELECT dunning.release_ledger('facture_p');
CREATE TRIGGER behind AFTER INSERT ON reglement_p FOR EACH ROW EXECUTE FUNCTION _dunning.watch('facture_p');
\x on
SELECT * FROM try('INSERT INTO reglement_p VALUES (103, 100, ''2026-02-10'')');
\x off

-- A stored generated column has its value after the row is written.
CREATE TABLE numbered (
	serie text, numero integer, piece text GENERATED ALWAYS AS (serie || lpad(numero::text, 4, '0')) STORED UNIQUE NOT NULL,
	client text, echeance date, solde numeric
);
INSERT INTO numbered VALUES ('F', 1, DEFAULT, 'c', '2026-01-20', 10);
SELECT count(*) FROM dunning.adopt('numbered', columns => '{"key": "piece", "open_amount": "solde"}', watch => true) WHERE field = 'watch';
SELECT dunning.run_reminders('2026-02-10', 'numbered');
DELETE FROM numbered;
SELECT item, state, reason FROM dunning.reminder WHERE ledger = 'numbered';
SELECT dunning.release_ledger('numbered');

SET session_replication_role = replica;
DELETE FROM dunning.reminder WHERE ledger IN ('watched', 'Été', 'facture_p', 'numbered');
DELETE FROM dunning.run_log WHERE ledger IN ('watched', 'Été', 'facture_p', 'numbered', 'keyed');
RESET session_replication_role;
DROP TABLE mine;
REVOKE ALL ON SCHEMA trigger_test FROM regress_dunning_clerk;
DROP SCHEMA trigger_test CASCADE;
DROP ROLE regress_dunning_clerk;
