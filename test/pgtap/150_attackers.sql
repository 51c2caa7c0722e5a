-- Owners of tables, types, views and policies who mean harm: none of their code
-- is run as a superuser or as the owner of the extension.  And rows that are
-- hidden: what is not seen is neither paid nor gone.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SELECT no_plan();
SET dunning.today = '2026-03-20';
SET constraint_exclusion = on;

-- Nothing is rolled back: what the planner evaluates it keeps for relations that
-- are older than the transaction.
DROP ROLE IF EXISTS dunning_attacker, dunning_reader, dunning_runner, dunning_second, dunning_viewer;
CREATE ROLE dunning_attacker;
CREATE ROLE dunning_reader;
CREATE ROLE dunning_runner;
GRANT SELECT ON ALL TABLES IN SCHEMA dunning, _dunning TO dunning_reader, dunning_runner;
GRANT ALL ON ALL TABLES IN SCHEMA dunning, _dunning TO dunning_runner;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA dunning, _dunning TO dunning_runner;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA dunning, _dunning TO dunning_runner;

CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

--
-- What the attacker prepares: whatever runs notes who runs it
--
CREATE SCHEMA shop AUTHORIZATION dunning_attacker;
SET ROLE dunning_attacker;
GRANT USAGE ON SCHEMA shop TO PUBLIC;
CREATE TABLE shop.seen (what text, who name, super boolean);
GRANT INSERT ON shop.seen TO PUBLIC;
CREATE FUNCTION shop.note(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO shop.seen SELECT note.what, current_user, r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user;
	RETURN true;
END $$;
-- a planner evaluates it
CREATE FUNCTION shop.fixed(what text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM shop.note(what);
	RETURN what;
END $$;
CREATE FUNCTION shop.holds(what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN shop.note(what);
END $$;

CREATE TYPE shop.code AS ENUM ('1', '2');
CREATE TYPE shop.pair AS (n integer, m shop.code);
CREATE TYPE shop.span AS RANGE (SUBTYPE = integer);
CREATE DOMAIN shop.kind AS shop.code CHECK (shop.note('domain') AND VALUE IS NOT NULL);
SELECT format($f$
	CREATE FUNCTION shop.text_of(%1$s) RETURNS text LANGUAGE plpgsql AS 'BEGIN PERFORM shop.note(''cast of %1$s''); RETURN ''1''; END';
	CREATE CAST (%1$s AS text) WITH FUNCTION shop.text_of(%1$s) AS IMPLICIT;
	CREATE FUNCTION shop.same(%1$s, %1$s) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN shop.note(''= of %1$s''); END';
	CREATE OPERATOR shop.= (LEFTARG = %1$s, RIGHTARG = %1$s, FUNCTION = shop.same)$f$, type)
FROM unnest(ARRAY['shop.code', 'shop.pair', 'shop.span', 'shop.code[]']) AS t (type) \gexec
SELECT format('CREATE TABLE shop.%s (id %s NOT NULL, customer integer, due_on date, open_amount numeric, UNIQUE (id));
	INSERT INTO shop.%1$s VALUES (%3$L, 1, ''2026-03-01'', 100)', name, type, value)
FROM (VALUES ('by_enum', 'shop.code', '1'), ('by_domain', 'shop.kind', '1'), ('by_pair', 'shop.pair', '(1,2)'), ('by_span', 'shop.span', '[1,3)'), ('by_array', 'shop.code[]', '{1,2}')) AS t (name, type, value) \gexec

-- a column of such a type for each field that takes a text or any type
RESET ROLE;
SELECT string_agg(format('%I shop.code', f.field), ', ') AS any_items,
	string_agg(format('%L, %L', f.field, f.field), ', ') AS map_items, string_agg(quote_literal('1'), ', ') AS one_items
FROM dunning.ledger_field AS f WHERE f.scope = 'items' AND f.kind IN ('any', 'text') \gset
SELECT string_agg(format('%I shop.code', f.field), ', ') AS any_customers, string_agg(format('%L, %L', f.field, f.field), ', ') AS map_customers, string_agg(quote_literal('1'), ', ') AS one_customers
FROM dunning.ledger_field AS f WHERE f.scope = 'customers' AND f.kind IN ('any', 'text') \gset
SET ROLE dunning_attacker;
CREATE TABLE shop.fields (:any_items, due_on date, amount numeric);
INSERT INTO shop.fields VALUES (:one_items, '2026-03-01', 100);
CREATE TABLE shop.fields_customer (:any_customers);
INSERT INTO shop.fields_customer VALUES (:one_customers);
CREATE TABLE shop.fields_payment (item shop.code, amount numeric, paid_on date);
CREATE INDEX ON shop.fields_payment (item);
INSERT INTO shop.fields_payment VALUES ('1', 30, '2026-03-02');

-- code that the reader runs, or his planner
CREATE TABLE shop.base (id integer PRIMARY KEY, customer integer, due_on date, open_amount numeric);
INSERT INTO shop.base VALUES (1, 1, '2026-03-01', 100);
CREATE VIEW shop.view AS SELECT id, customer, due_on, open_amount FROM shop.base WHERE shop.note('view');
CREATE VIEW shop.failing AS SELECT id, customer, due_on, open_amount / (id - 1) AS open_amount FROM shop.base WHERE shop.note('failing');
CREATE TABLE shop.policed (id integer PRIMARY KEY, customer integer, due_on date, open_amount numeric);
INSERT INTO shop.policed VALUES (1, 1, '2026-03-01', 100);
ALTER TABLE shop.policed ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_rows ON shop.policed USING (shop.note('policy'));
CREATE VIEW shop.policed_by_invoker WITH (security_invoker = true) AS SELECT id, customer, due_on, open_amount FROM shop.policed;
CREATE TABLE shop.planned (
	id integer PRIMARY KEY, customer integer DEFAULT length(shop.fixed('default')), due_on date, open_amount numeric,
	doubled numeric GENERATED ALWAYS AS (open_amount * length(shop.fixed('generated'))) STORED,
	CHECK (shop.holds('check') AND id > 0));
CREATE INDEX planned_index ON shop.planned ((shop.fixed('index') || customer));
CREATE INDEX planned_predicate ON shop.planned (customer) WHERE shop.holds('predicate');
CREATE RULE planned_rule AS ON INSERT TO shop.planned DO ALSO SELECT shop.note('rule');
INSERT INTO shop.planned VALUES (1, DEFAULT, '2026-03-01', 100) \g /dev/null
RESET ROLE;
-- a partition of his in a table of ours
CREATE TABLE public.parted (id integer, customer integer, due_on date, open_amount numeric, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE public.parted_1 PARTITION OF public.parted FOR VALUES FROM (0) TO (100);
INSERT INTO public.parted VALUES (1, 1, '2026-03-01', 100);
GRANT SELECT ON public.parted TO dunning_attacker;
ALTER TABLE public.parted_1 OWNER TO dunning_attacker;
GRANT CREATE ON SCHEMA public TO dunning_attacker;
SET ROLE dunning_attacker;
CREATE INDEX parted_index ON public.parted_1 ((shop.fixed('partition') || customer));
RESET ROLE;

-- what a superuser plans anew is evaluated anew
CREATE FUNCTION pg_temp.forget() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	ALTER INDEX shop.planned_index SET (fillfactor = 90);
	ALTER INDEX shop.planned_index RESET (fillfactor);
	ALTER INDEX shop.planned_predicate SET (fillfactor = 90);
	ALTER INDEX shop.planned_predicate RESET (fillfactor);
	ALTER INDEX public.parted_index SET (fillfactor = 90);
	ALTER INDEX public.parted_index RESET (fillfactor);
END $$;
TRUNCATE shop.seen;
SELECT pg_temp.forget() \g /dev/null
SELECT count(*) FROM shop.planned WHERE customer = 1 \g /dev/null
SELECT count(*) FROM public.parted, shop.view, shop.policed_by_invoker \g /dev/null
SELECT set_eq('SELECT DISTINCT what FROM shop.seen WHERE super', ARRAY['view', 'check', 'index', 'predicate', 'partition'], 'a superuser who reads himself runs all that');
SELECT is((SELECT id::text FROM shop.by_enum), '1', 'and the cast');
SELECT ok(EXISTS (SELECT FROM shop.seen WHERE super AND what = 'cast of shop.code'), 'by which he is seen');
TRUNCATE shop.seen;

-- Everything that reads a ledger, by a superuser; what raises an error has run, too.
CREATE FUNCTION pg_temp.play(statements text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	answers text[] := '{}';
BEGIN
	FOREACH statement IN ARRAY statements LOOP
		PERFORM pg_temp.forget();
		answers := answers || pg_temp.try(statement);
	END LOOP;
	RETURN array_to_string(array_remove(answers, 'ok'), ' | ');
END $$;
CREATE FUNCTION pg_temp.play_ledger(ledger name, relation text, columns text) RETURNS text LANGUAGE sql AS $$
	SELECT pg_temp.play(ARRAY[
		format('SELECT dunning.adopt(%L, ledger => %L, columns => %L)', relation, ledger, columns),
		format('SELECT dunning.run_reminders(''2026-03-20'', %L)', ledger),
		format('SELECT dunning.settle_reminders(%L)', ledger),
		format('SELECT dunning.settle_reminders(%L, ''1'')', ledger),
		format('SELECT dunning.claim_penalties(ledger => %L)', ledger),
		'SELECT dunning.check_ledgers()',
		'SELECT dunning.ledger_problems()',
		format('SELECT _dunning.can_look_up(%L)', ledger),
		format('SELECT _dunning.ledger_keys(%L)', ledger),
		'SELECT dunning.rebuild_ledgers()',
		format('SELECT dunning.adopt(%L, ledger => %L, columns => %L, replace => true)', relation, ledger, columns),
		'SELECT dunning.run_reminders(''2026-03-21'')',
		'SELECT dunning.claim_penalties()']) $$;

SET search_path = shop, public, pg_catalog;
SELECT public.is(pg_temp.play_ledger(name, 'shop.' || name, '{"key": "id"}'), '', 'adopted, run, claimed, checked: ' || name)
FROM (VALUES ('by_enum'), ('by_domain'), ('by_pair'), ('by_span'), ('by_array')) AS t (name);
SELECT public.is(pg_temp.play_ledger('fields', 'shop.fields', jsonb_build_object(:map_items, 'due_on', 'due_on', 'amount', 'amount',
		'payments', jsonb_build_object('table', 'shop.fields_payment', 'item', 'item', 'amount', 'amount', 'date', 'paid_on'))::text), '',
	'adopted, run, claimed, checked: a text of every field');
SELECT dunning.release_ledger('fields') \g /dev/null
SELECT public.is(pg_temp.play_ledger('fields', 'shop.fields', jsonb_build_object('key', 'key', 'customer', 'customer', 'due_on', 'due_on', 'amount', 'amount',
		'payments', jsonb_build_object('table', 'shop.fields_payment', 'item', 'item', 'amount', 'amount', 'date', 'paid_on'),
		'customers', jsonb_build_object('table', 'shop.fields_customer', :map_customers))::text), '', 'and of every field of the customers');
RESET search_path;
SELECT is((SELECT count(*) FROM dunning.open_item AS o CROSS JOIN LATERAL (SELECT o.item::text || o.customer || coalesce(o.currency, '')) AS t), 6::bigint, 'a superuser reads the items, too');
SELECT cmp_ok((SELECT count(*) FROM dunning.aged_balance_report()), '>', 0::bigint, 'and a report');
SELECT cmp_ok((SELECT count(*) FROM dunning.aged_balance_series('2026-02-28', '2026-03-20', '10 days')), '>', 0::bigint, 'and a series');
SELECT cmp_ok((SELECT count(*) FROM dunning.worklist), '>', 0::bigint, 'and the work list');
SELECT is_empty('SELECT what, who FROM shop.seen WHERE what ~ ''^(cast|=)''', 'no cast and no operator of a type was run, whoever asked');
SELECT set_eq('SELECT ledger::text, item::text FROM dunning.reminder', $$ VALUES ('by_enum', '1'), ('by_domain', '1'), ('by_pair', '(1,2)'), ('by_span', '[1,3)'), ('by_array', '{1,2}'), ('fields', '1') $$,
	'keys are the texts of the types');
SELECT is((SELECT string_agg(DISTINCT concat_ws(' ', customer_name, email, open_amount), '; ') FROM dunning.reminder WHERE ledger = 'fields' AND customer_name IS NOT NULL), '1 1 70', 'and so are the other fields');
SELECT dunning.release_ledger(l.ledger) FROM dunning.ledger AS l \g /dev/null

-- code of views, policies, indexes and constraints
TRUNCATE shop.seen;
SELECT is(pg_temp.play_ledger(name, relation, '{"key": "id"}'), answer, 'adopted, run, claimed, checked: ' || name)
FROM (VALUES ('view', 'shop.view', ''), ('policed', 'shop.policed', ''), ('policed by invoker', 'shop.policed_by_invoker', ''), ('planned', 'shop.planned', ''), ('parted', 'public.parted', '')) AS t (name, relation, answer);
SELECT is((SELECT count(*) FROM dunning.reminder WHERE state = 'pending' AND ledger = ANY ('{view,planned,parted,policed,"policed by invoker"}')), 5::bigint, 'the ledgers are run');
-- an item that fails once it is adopted: the ledger is read item by item
SET ROLE dunning_attacker;
UPDATE shop.base SET id = 3;
RESET ROLE;
SELECT is(pg_temp.try('SELECT dunning.adopt(''shop.failing'', columns => ''{"key": "id"}'')'), 'ok', 'a view is adopted');
SET ROLE dunning_attacker;
UPDATE shop.base SET id = 1;
RESET ROLE;
SELECT is(pg_temp.play(ARRAY['SELECT dunning.run_reminders(''2026-03-20'', ''failing'')', 'SELECT dunning.claim_penalties(ledger => ''failing'')', 'SELECT dunning.check_ledgers()', 'SELECT dunning.ledger_problems()']),
	'', 'that raises an error later');
SELECT is((SELECT array_agg(DISTINCT ledger || item::text || sqlstate) FROM dunning.run_problem WHERE ledger = 'failing'), ARRAY['failing122012'], 'the item is set aside');
SELECT is_empty('SELECT what, who FROM shop.seen WHERE super OR who <> ''dunning_attacker''', 'nothing was run as a superuser');
SELECT ok(EXISTS (SELECT FROM shop.seen AS s WHERE s.what = t.what AND s.who = 'dunning_attacker'), 'but as the owner: ' || t.what)
FROM unnest(ARRAY['view', 'failing', 'index', 'predicate', 'check', 'partition']) AS t (what);
-- what somebody reads with his own rights he runs himself
GRANT USAGE ON SCHEMA shop TO dunning_reader;
SET ROLE dunning_attacker;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO dunning_reader, dunning_runner;
RESET ROLE;
-- code that would break out of the operation
SET ROLE dunning_attacker;
CREATE OR REPLACE FUNCTION shop.note(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	SET ROLE NONE;
	RETURN true;
END $$;
RESET ROLE;
SELECT is(pg_temp.try('SELECT dunning.run_reminders(''2026-03-25'', ''view'')'), 'ok', 'a view that would become another role');
SELECT matches((SELECT message FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)),
	'^cannot set parameter "role" within security-', 'is set aside');
SET ROLE dunning_attacker;
CREATE OR REPLACE FUNCTION shop.note(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('search_path', 'shop', false), set_config('dunning.today', '2030-01-01', false);
	RETURN true;
END $$;
RESET ROLE;
SELECT current_setting('search_path') AS path_before \gset
SELECT is(dunning.run_reminders('2026-03-30', 'view'), 1, 'one that sets what it may');
SELECT results_eq('SELECT current_setting(''search_path''), current_setting(''dunning.today'')', format('VALUES (%L, ''2026-03-20'')', :'path_before'), 'leaves no trace of it');
SELECT is((SELECT max(raised_on) FROM dunning.reminder WHERE ledger = 'view'), '2026-03-30'::date, 'and the run is for its day');
SELECT results_eq('SELECT days_past_due FROM dunning.reminder WHERE ledger = ''view'' AND raised_on = ''2026-03-30''', 'VALUES (29)', 'by which it read, too');
SELECT dunning.release_ledger(l.ledger) FROM dunning.ledger AS l \g /dev/null
SET ROLE dunning_attacker;
CREATE OR REPLACE FUNCTION shop.note(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO shop.seen SELECT note.what, current_user, r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user;
	RETURN true;
END $$;

--
-- What is made after an adoption is not picked up by another one
--
CREATE TYPE shop.money_kind AS ENUM ('EUR');
CREATE TABLE shop.later (id integer PRIMARY KEY, customer integer, due_on date, open_amount numeric, currency shop.money_kind);
INSERT INTO shop.later VALUES (1, 1, '2026-03-01', 100, 'EUR');
CREATE TABLE shop.other (id integer PRIMARY KEY, customer integer, due_on date, open_amount numeric);
RESET ROLE;
SELECT dunning.adopt('shop.later') \g /dev/null
SELECT p.oid, p.xmin, md5(p::text) AS md5 FROM pg_proc AS p WHERE p.oid = to_regprocedure(format('_dunning.ledger_items_%s(date)', (SELECT l.id FROM dunning.ledger AS l WHERE l.ledger = 'later'))) \gset before_
SET ROLE dunning_attacker;
CREATE FUNCTION shop.text_of(shop.money_kind) RETURNS text LANGUAGE plpgsql AS 'BEGIN PERFORM shop.note(''late cast''); RETURN ''EUR''; END';
CREATE CAST (shop.money_kind AS text) WITH FUNCTION shop.text_of(shop.money_kind);
TRUNCATE shop.seen;
RESET ROLE;
SELECT dunning.adopt('shop.other') \g /dev/null
SELECT is(dunning.run_reminders('2026-03-20'), 1, 'after another ledger was adopted');
SELECT is((SELECT currency FROM dunning.open_item), 'EUR', 'a text is what it was');
SELECT dunning.release_ledger('other') \g /dev/null
SELECT is((SELECT md5(p::text) FROM pg_proc AS p WHERE p.oid = :before_oid), :'before_md5', 'and the ledger was not parsed anew');
SELECT is_empty('SELECT * FROM shop.seen', 'nor a cast run that came later');
SELECT dunning.release_ledger('later') \g /dev/null

--
-- Whom a role can read as
--
SELECT is(pg_temp.try('SELECT _dunning.read_texts(10, ''SELECT 1'')'), '42804: the query does not have the rows that are expected', 'the rows are those that are declared');
SELECT 'SELECT _dunning.read_texts((SELECT oid FROM pg_roles WHERE rolname = ''dunning_attacker''), ''SELECT current_user::text'')' AS as_attacker \gset
SET ROLE dunning_runner;
SELECT is(pg_temp.try(:'as_attacker'), '42501: role "dunning_runner" may not read as role "dunning_attacker"', 'but nobody as a role that he cannot become');
RESET ROLE;
GRANT dunning_attacker TO dunning_runner;
SET ROLE dunning_runner;
SELECT results_eq(:'as_attacker', $$ VALUES ('dunning_attacker') $$, 'a member can');
RESET ROLE;
REVOKE dunning_attacker FROM dunning_runner;
SELECT is(pg_temp.try(:'as_attacker' || ' WHERE pg_temp.try(''SELECT 1'') = ''ok'''), 'ok', 'the query is read by the caller');
SELECT matches(pg_temp.try('SELECT _dunning.read_texts(10, ''DELETE FROM shop.seen RETURNING what'')'), '^XX000: a query that only reads', 'and only reads');

-- an owner of the extension who is no superuser must not run it either
SELECT c.relowner::regrole AS our_owner FROM pg_class AS c WHERE c.oid = 'dunning.open_item'::regclass \gset
SELECT dunning.adopt('shop.view', columns => '{"key": "id"}') \g /dev/null
ALTER VIEW dunning.open_item OWNER TO dunning_runner;
TRUNCATE shop.seen;
SET ROLE dunning_runner;
SELECT is(pg_temp.try('SELECT dunning.run_reminders()'), 'ok', 'the owner''s run');
SELECT is((SELECT message FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)),
	'role "dunning_runner" reads it as role "dunning_attacker": GRANT dunning_attacker TO dunning_runner', 'sets aside what he cannot read as its owner');
RESET ROLE;
GRANT dunning_attacker TO dunning_runner;
SET ROLE dunning_runner;
SELECT is(pg_temp.try('SELECT dunning.run_reminders(''2026-04-10'')'), 'ok', 'and reads it so if he can');
RESET ROLE;
SELECT results_eq('SELECT DISTINCT who FROM shop.seen', $$ VALUES ('dunning_attacker'::name) $$, 'never as himself');
REVOKE dunning_attacker FROM dunning_runner;
ALTER VIEW dunning.open_item OWNER TO :our_owner;
-- a role of its own reads with its own rights
TRUNCATE shop.seen;
SET ROLE dunning_runner;
SELECT is(pg_temp.try('SELECT dunning.run_reminders(''2026-04-20'')'), 'ok', 'the run of a role of its own');
RESET ROLE;
SELECT results_eq('SELECT DISTINCT who FROM shop.seen', $$ VALUES ('dunning_runner'::name) $$, 'is run with its rights');
SELECT dunning.release_ledger('view') \g /dev/null

--
-- An owner whose code raises any error stops his own ledger only
--
SET ROLE dunning_attacker;
CREATE TABLE shop.mode (sqlstate text);
INSERT INTO shop.mode VALUES ('');
GRANT SELECT ON shop.mode TO dunning_runner;
CREATE FUNCTION shop.breaks() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
	state CONSTANT text := (SELECT m.sqlstate FROM shop.mode AS m);
BEGIN
	IF state = 'P0004' THEN
		ASSERT false, 'broken';
	ELSIF state = 'sleep' THEN
		PERFORM pg_sleep(5);
	ELSIF state <> '' THEN
		RAISE 'broken' USING ERRCODE = state;
	END IF;
	RETURN true;
END $$;
-- as the planner evaluates it
CREATE FUNCTION shop.breaks_plan() RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN shop.breaks(); END';
CREATE TABLE shop.two (id integer PRIMARY KEY, customer integer, due_on date, open_amount numeric, currency text DEFAULT 'EUR');
INSERT INTO shop.two VALUES (1, 1, '2026-03-01', 100), (2, 1, '2026-03-01', 100);
CREATE VIEW shop.broken AS SELECT * FROM shop.two WHERE shop.breaks();
CREATE VIEW shop.broken_item AS SELECT id, customer, due_on, CASE WHEN id <> 1 OR shop.breaks() THEN open_amount END AS open_amount, currency FROM shop.two;
GRANT SELECT ON shop.broken, shop.broken_item TO dunning_runner;
RESET ROLE;
CREATE TABLE public.sound (id integer PRIMARY KEY, customer integer, due_on date, open_amount numeric, currency text DEFAULT 'EUR');
INSERT INTO public.sound VALUES (1, 1, '2026-03-01', 100);
GRANT SELECT ON public.sound TO dunning_runner;
SELECT dunning.adopt('shop.broken', columns => '{"key": "id"}') \g /dev/null
SELECT dunning.adopt('shop.broken_item', columns => '{"key": "id"}') \g /dev/null
SELECT dunning.adopt('public.sound') \g /dev/null
SELECT is(dunning.run_reminders('2026-03-20'), 5, 'three ledgers are run');
CREATE FUNCTION pg_temp.try_any(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS OR query_canceled OR assert_failure THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
CREATE FUNCTION pg_temp.set_mode(state text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	UPDATE shop.mode SET sqlstate = state;
	-- something to do for the sound ledger
	INSERT INTO public.sound SELECT max(s.id) + 1, 1, '2026-03-01', 100 FROM public.sound AS s;
END $$;
CREATE VIEW pg_temp.last_problem AS SELECT p.ledger::text, p.item::text, p.sqlstate, p.message
	FROM dunning.run_problem AS p WHERE p.run = (SELECT max(g.run) FROM dunning.run_log AS g);
GRANT SELECT ON pg_temp.last_problem TO dunning_runner;
-- the codes of a cancel, a shutdown and a unique key are told as 38000
CREATE FUNCTION pg_temp.stops(state text, told text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	aside CONSTANT text := format($q$ VALUES ('broken', '', %1$L, 'broken'), ('broken_item', '1', %1$L, 'broken') $q$, told);
	newest text;
BEGIN
	PERFORM pg_temp.set_mode(state);
	newest := (SELECT max(s.id)::text FROM public.sound AS s);
	RETURN NEXT is(pg_temp.try_any('SELECT dunning.run_reminders(''2026-03-20'')'), 'ok', state || ': the run goes on');
	RETURN NEXT set_eq('SELECT * FROM pg_temp.last_problem', aside, state || ': it sets the owner''s ledger, or his item, aside');
	RETURN NEXT ok(EXISTS (SELECT FROM dunning.reminder AS r WHERE r.ledger = 'sound' AND r.item = newest::dunning.item_key AND r.state = 'pending'), state || ': the other ledger is run');
	RETURN NEXT is((SELECT count(*) FROM dunning.reminder AS r WHERE r.ledger ~ '^broken' AND r.state = 'pending'), 4::bigint, state || ': what is pending waits');
	RETURN NEXT is(pg_temp.try_any('SELECT dunning.claim_penalties(''2026-03-20'')'), 'ok', state || ': claims go on');
	RETURN NEXT set_eq('SELECT * FROM pg_temp.last_problem', aside, state || ': they set it aside');
	RETURN NEXT ok(EXISTS (SELECT FROM dunning.claim AS c WHERE c.ledger = 'sound' AND c.item = newest::dunning.item_key), state || ': the other ledger is claimed');
	RETURN NEXT set_eq('SELECT c.ledger::text, c.ok, c.problem FROM dunning.check_ledgers() AS c',
		$q$ VALUES ('broken', false, 'broken'), ('broken_item', false, 'broken'), ('sound', true, NULL) $q$, state || ': the check says why');
	RETURN NEXT set_eq('SELECT p.ledger::text, p.detail FROM dunning.ledger_problems() AS p WHERE p.problem = ''cannot be read''',
		$q$ VALUES ('broken', 'broken'), ('broken_item', 'broken') $q$, state || ': and so do the problems of the books');
EXCEPTION WHEN OTHERS OR query_canceled OR assert_failure THEN
	RETURN NEXT fail(format('%s: %s %s', state, SQLSTATE, SQLERRM));
END $$;
SELECT pg_temp.stops(state, told) FROM (VALUES ('P0001', 'P0001'), ('P0004', 'P0004'), ('57014', '38000'), ('57P01', '38000'), ('57P02', '38000'),
	('40001', '40001'), ('40P01', '40P01'), ('23505', '38000')) AS t (state, told);
-- the run that commits
SELECT pg_temp.set_mode('57014') \g /dev/null
CALL dunning.run('2026-03-20');
SELECT ok(EXISTS (SELECT FROM dunning.reminder AS r WHERE r.ledger = 'sound' AND r.item = (SELECT max(s.id)::text FROM public.sound AS s)::dunning.item_key),
	'the run that commits goes on');
-- claims of a transaction that does not see what other sessions do
SELECT pg_temp.set_mode('23505') \g /dev/null
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT is(pg_temp.try_any('SELECT dunning.claim_penalties(''2026-03-20'')'), 'ok', 'a unique key of the owner is not one of the claims');
COMMIT;
SELECT ok(EXISTS (SELECT FROM dunning.claim AS c WHERE c.ledger = 'sound' AND c.item = (SELECT max(s.id)::text FROM public.sound AS s)::dunning.item_key), 'which are booked');
-- what is read as the owner, and what is planned
SELECT pg_temp.set_mode('57014') \g /dev/null
SELECT is(pg_temp.try_any(format('SELECT _dunning.%s(''dunning_attacker''::regrole, ''SELECT shop.breaks_plan()'')', f)), '38000: broken', 'the owner''s error is told as his: ' || f)
FROM unnest(ARRAY['read_texts', 'query_cost']) AS t (f);
-- a role that reads with its own rights
SELECT pg_temp.set_mode('P0004') \g /dev/null
SET ROLE dunning_runner;
SELECT is(pg_temp.try_any('SELECT dunning.run_reminders(''2026-03-20'')'), 'ok', 'the run of a role of its own goes on');
SELECT set_eq('SELECT ledger, item, sqlstate FROM pg_temp.last_problem', $$ VALUES ('broken', '', 'P0004'), ('broken_item', '1', 'P0004') $$, 'and sets the ledger aside');
RESET ROLE;
-- the server's own cancel, wherever it meets the owner's code
SELECT pg_temp.set_mode('sleep') \g /dev/null
\set ON_ERROR_STOP off
\set VERBOSITY sqlstate
SET statement_timeout = '500ms';
CALL dunning.run('2026-03-20');
\set state_run :LAST_ERROR_SQLSTATE
SELECT dunning.claim_penalties('2026-03-20');
\set state_claims :LAST_ERROR_SQLSTATE
SELECT dunning.check_ledgers();
\set state_check :LAST_ERROR_SQLSTATE
SELECT dunning.ledger_problems();
\set state_problems :LAST_ERROR_SQLSTATE
RESET statement_timeout;
\set VERBOSITY default
\set ON_ERROR_STOP on
SELECT is(state, '57014', 'a timeout ends ' || what)
FROM (VALUES (:'state_run', 'the run'), (:'state_claims', 'the claims'), (:'state_check', 'the check'), (:'state_problems', 'the problems of the books')) AS t (state, what);
SELECT pg_temp.set_mode('') \g /dev/null
SELECT is(pg_temp.try_any('SELECT dunning.run_reminders(''2026-03-20'')'), 'ok', 'and the next run is as any other');
SELECT is_empty('SELECT * FROM pg_temp.last_problem', 'without a word');
SELECT dunning.release_ledger(l.ledger) FROM dunning.ledger AS l \g /dev/null

--
-- Who became himself by SET ROLE is made no other by what he reads
--
SET ROLE dunning_attacker;
CREATE TABLE shop.escape (statement text);
CREATE FUNCTION shop.escapes() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	statement CONSTANT text := (SELECT e.statement FROM shop.escape AS e);
BEGIN
	BEGIN
		EXECUTE statement;
		PERFORM shop.note('out by ' || statement);
	EXCEPTION WHEN OTHERS THEN
		PERFORM shop.note(SQLSTATE);
	END;
	RETURN true;
END $$;
CREATE VIEW shop.escaping AS SELECT id, customer, due_on, open_amount FROM shop.two WHERE shop.escapes();
INSERT INTO shop.escape VALUES ('RESET ROLE');
GRANT SELECT ON shop.escape, shop.escaping TO PUBLIC;
RESET ROLE;
SELECT dunning.adopt('shop.escaping', columns => '{"key": "id"}') \g /dev/null
CREATE FUNCTION pg_temp.as_runner(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	PERFORM set_config('role', 'dunning_runner', false);
	answer := concat_ws(' ', pg_temp.try(statement), 'as', current_user);
	PERFORM set_config('role', 'none', false);
	RETURN answer;
END $$;
CREATE FUNCTION pg_temp.kept(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	reads text;
BEGIN
	UPDATE shop.escape SET statement = kept.statement;
	FOREACH reads IN ARRAY ARRAY['SELECT dunning.run_reminders(''2026-03-20'')', 'SELECT dunning.claim_penalties(''2026-03-20'')',
		'SELECT dunning.settle_reminders(''escaping'', ''1'')', 'SELECT dunning.check_ledgers()'] LOOP
		TRUNCATE shop.seen;
		RETURN NEXT is(pg_temp.as_runner(reads), 'ok as dunning_runner', reads || ' by who became himself by SET ROLE');
		RETURN NEXT set_eq('SELECT DISTINCT s.what, s.who::text, s.super FROM shop.seen AS s', $q$ VALUES ('42501', 'dunning_runner', false) $q$, statement || ' is refused to the owner''s code');
	END LOOP;
END $$;
SELECT pg_temp.kept(s) FROM (VALUES ('RESET ROLE'), ('SET ROLE NONE'), (format('SET ROLE %I', current_user)), ('RESET SESSION AUTHORIZATION')) AS v (s);
-- left to its error, it sets the ledger aside
SET ROLE dunning_attacker;
CREATE OR REPLACE FUNCTION shop.escapes() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RESET ROLE;
	RETURN shop.note('out');
END $$;
RESET ROLE;
TRUNCATE shop.seen;
SELECT is(pg_temp.as_runner('SELECT dunning.run_reminders(''2026-03-20'')'), 'ok as dunning_runner', 'a run over it');
SELECT set_eq('SELECT DISTINCT ledger, sqlstate FROM pg_temp.last_problem', $$ VALUES ('escaping', '42501') $$, 'sets the ledger aside');
SELECT is_empty('TABLE shop.seen', 'and none of it was run further');
SELECT dunning.release_ledger('escaping') \g /dev/null

--
-- A superuser's own table and view with a type of another role
--
CREATE TABLE public.coded (code shop.code PRIMARY KEY, customer integer, due_on date, open_amount numeric);
INSERT INTO public.coded VALUES ('2', 1, '2026-03-01', 100);
CREATE VIEW public.coded_text AS SELECT code::text AS id, customer, due_on, open_amount FROM public.coded;
TRUNCATE shop.seen;
SELECT is(pg_temp.try('SELECT dunning.adopt(''public.coded_text'', columns => ''{"key": "id"}'')'), '42501: ledger "coded_text" cannot be read', 'a view that casts, whose reader may not read it');
GRANT SELECT ON public.coded_text TO dunning_attacker;
SELECT is(pg_temp.play_ledger('coded_text', 'public.coded_text', '{"key": "id"}'), '', 'and one who may: adopted, run, claimed, checked');
SELECT is_empty('SELECT s.what, s.who FROM shop.seen AS s WHERE s.super', 'the cast of the type''s owner never runs as a superuser');
SELECT ok(EXISTS (SELECT FROM shop.seen AS s WHERE s.what = 'cast of shop.code' AND s.who = 'dunning_attacker'), 'but as himself');
SELECT is((SELECT array_agg(DISTINCT r.item::text) FROM dunning.reminder AS r WHERE r.ledger = 'coded_text' AND r.state = 'pending'), ARRAY['1'], 'and says what he likes');
SELECT dunning.release_ledger('coded_text') \g /dev/null

-- and a superuser's own tables and views that call functions of another role
CREATE TABLE public.plain (id integer PRIMARY KEY, customer integer, due_on date, open_amount numeric);
INSERT INTO public.plain VALUES (1, 1, '2026-03-01', 100);
SET ROLE dunning_attacker;
CREATE FUNCTION shop.noted(amount numeric) RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN PERFORM shop.note('function'); RETURN amount; END $$;
CREATE FUNCTION shop.same_number(numeric, numeric) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN shop.note('operator'); END $$;
CREATE OPERATOR shop.=== (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = shop.same_number);
RESET ROLE;
CREATE VIEW public.calls AS SELECT id, customer, due_on, shop.noted(open_amount) AS open_amount FROM public.plain;
CREATE VIEW public.compares AS SELECT id, customer, due_on, open_amount FROM public.plain WHERE open_amount OPERATOR(shop.===) 1;
CREATE TABLE public.indexed (LIKE public.plain INCLUDING ALL);
INSERT INTO public.indexed TABLE public.plain;
CREATE INDEX indexed_index ON public.indexed ((shop.fixed('index of another') || customer));
CREATE TABLE public.checked (LIKE public.plain INCLUDING ALL, CHECK (shop.holds('check of another') AND id > 0));
INSERT INTO public.checked TABLE public.plain;
CREATE FUNCTION pg_temp.play_called(name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	ALTER INDEX public.indexed_index SET (fillfactor = 90);
	ALTER INDEX public.indexed_index RESET (fillfactor);
	RETURN pg_temp.play_ledger(name, 'public.' || name, '{"key": "id"}');
END $$;
SELECT is((SELECT array_agg(s.role::regrole::text) FROM _dunning.strangers(ARRAY[('public.' || name)::regclass::oid]) AS s (role)), '{dunning_attacker}', 'whose function is called: ' || name)
FROM unnest(ARRAY['calls', 'compares', 'indexed', 'checked']) AS name;
-- a policy of which no code is run for who bypasses it
CREATE TABLE public.by_policy (LIKE public.plain INCLUDING ALL);
ALTER TABLE public.by_policy ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_another ON public.by_policy USING (shop.note('policy of another'));
SELECT is_empty('SELECT * FROM _dunning.strangers(ARRAY[''public.by_policy''::regclass::oid])', 'a superuser runs no policy, whoever''s function it calls');
GRANT EXECUTE ON FUNCTION _dunning.strangers, _dunning.policies_apply, _dunning.me, _dunning.relations_under TO dunning_runner;
SET ROLE dunning_runner;
SELECT is((SELECT array_agg(s.role::regrole::text) FROM _dunning.strangers(ARRAY['public.by_policy'::regclass::oid]) AS s (role)), '{dunning_attacker}', 'any other role does');
RESET ROLE;
DROP TABLE public.by_policy;
SELECT is(pg_temp.try(format('SELECT dunning.adopt(%L, columns => ''{"key": "id"}'')', name)), format('42501: ledger "%s" cannot be read', name), 'a superuser does not read it: ' || name)
FROM unnest(ARRAY['calls', 'compares', 'indexed', 'checked']) AS name;
GRANT SELECT ON public.calls, public.compares, public.indexed, public.checked TO dunning_attacker;
TRUNCATE shop.seen;
SELECT is(pg_temp.play_called(name), '', 'adopted, run, claimed, checked: ' || name) FROM unnest(ARRAY['calls', 'compares', 'indexed', 'checked']) AS name;
SELECT is_empty('SELECT s.what, s.who FROM shop.seen AS s WHERE s.super', 'no function of another runs as a superuser');
SELECT set_eq('SELECT DISTINCT s.what FROM shop.seen AS s', ARRAY['function', 'operator', 'index of another', 'check of another'], 'but as its owner');
-- the triggers of a superuser's table that another role writes
SELECT dunning.watch_table('calls', 'public.plain', 'id', 'item') \g /dev/null
GRANT SELECT, UPDATE ON public.plain TO dunning_attacker;
TRUNCATE shop.seen;
SET ROLE dunning_attacker;
UPDATE public.plain SET open_amount = 0;
RESET ROLE;
SELECT is((SELECT concat_ws(' ', state, reason) FROM dunning.reminder WHERE ledger = 'calls' AND item = '1' ORDER BY reminder DESC LIMIT 1), 'cancelled settled', 'the triggers settle it');
SELECT set_eq('SELECT s.who::text, s.super FROM shop.seen AS s', $$ VALUES ('dunning_attacker', false) $$, 'and run it as its owner');
SELECT dunning.release_ledger(name::name) FROM unnest(ARRAY['calls', 'compares', 'indexed', 'checked']) AS name \g /dev/null

-- two owners, of whom neither may run what is the other's
CREATE ROLE dunning_second;
CREATE TABLE public.second (invoice_id integer, amount numeric);
ALTER TABLE public.second OWNER TO dunning_second;
CREATE VIEW public.both AS SELECT b.id, b.customer, b.due_on, b.open_amount - coalesce(s.amount, 0) AS open_amount FROM shop.base AS b LEFT JOIN public.second AS s ON s.invoice_id = b.id;
SELECT is(pg_temp.try('SELECT dunning.adopt(''public.both'', columns => ''{"key": "id"}'')'), '42501: ledger "both" cannot be read', 'a superuser''s view over tables of two roles');
ALTER VIEW public.both OWNER TO dunning_attacker;
SELECT is(pg_temp.try('SELECT dunning.adopt(''public.both'', columns => ''{"key": "id"}'')'), '42501: ledger "both" cannot be read', 'a view whose owner may not read what is behind it');
GRANT SELECT ON public.second TO dunning_attacker;
SELECT is(pg_temp.try('SELECT dunning.adopt(''public.both'', columns => ''{"key": "id"}'')'), 'ok', 'and one who may');
REVOKE SELECT ON public.second FROM dunning_attacker;
SELECT is(dunning.run_reminders(NULL, 'both'), 0, 'without the grant');
SELECT is((SELECT message FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)),
	'role "dunning_attacker", as which it is read, may not read public.second: GRANT SELECT ON public.second TO dunning_attacker', 'a ledger is set aside, and what is missing is said');
SELECT results_eq('SELECT ok, problem FROM dunning.check_ledgers()',
	$$ VALUES (false, 'role "dunning_attacker", as which it is read, may not read public.second: GRANT SELECT ON public.second TO dunning_attacker') $$, 'here, too');
SELECT dunning.release_ledger('both') \g /dev/null

--
-- Rows that are hidden
--
CREATE ROLE dunning_viewer;
CREATE TABLE public.inv (id integer PRIMARY KEY, customer_id integer, due_date date, amount numeric, company text, currency text DEFAULT 'EUR');
CREATE TABLE public.pay (id integer PRIMARY KEY, invoice_id integer, paid_on date, amount numeric, company text);
INSERT INTO public.inv VALUES (1, 1, '2026-02-01', 1000, 'A'), (2, 2, '2026-02-01', 1000, 'B');
INSERT INTO public.pay VALUES (1, 1, '2026-02-02', 900, 'A');
GRANT SELECT ON public.inv, public.pay TO dunning_viewer, dunning_runner;
CREATE VIEW public.vi AS SELECT * FROM public.inv;
CREATE VIEW public.vp AS SELECT * FROM public.pay;
CREATE VIEW public.over_vi AS SELECT * FROM public.vi;
CREATE VIEW public.by_invoker WITH (security_invoker = on) AS SELECT * FROM public.inv;
CREATE VIEW public.over_invoker AS SELECT * FROM public.by_invoker;
CREATE MATERIALIZED VIEW public.filled AS SELECT * FROM public.inv;
CREATE VIEW public.all_pay AS SELECT * FROM public.pay;
CREATE VIEW public.paid_hidden AS SELECT * FROM public.inv;
CREATE TABLE public.forced (LIKE public.inv INCLUDING ALL);
INSERT INTO public.forced SELECT * FROM public.inv;
ALTER VIEW public.vi OWNER TO dunning_viewer;
ALTER VIEW public.vp OWNER TO dunning_viewer;
ALTER MATERIALIZED VIEW public.filled OWNER TO dunning_viewer;
ALTER TABLE public.forced OWNER TO dunning_viewer;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO dunning_viewer, dunning_runner;
CREATE TEMP TABLE hidden (ledger text, payments text, relation text, role text, by_runner boolean);
GRANT SELECT ON hidden TO dunning_runner;
INSERT INTO hidden VALUES
	('inv', 'all_pay', 'public.inv', 'dunning_runner', true),
	('by_invoker', 'all_pay', 'public.inv', 'dunning_runner', true),
	('over_invoker', 'all_pay', 'public.inv', 'dunning_runner', true),
	('vi', 'vp', 'public.inv', 'dunning_viewer', false),
	('over_vi', 'vp', 'public.inv', 'dunning_viewer', false),
	('filled', 'vp', 'public.inv', 'dunning_viewer', false),
	('paid_hidden', 'vp', 'public.pay', 'dunning_viewer', false),
	('forced', 'all_pay', 'public.forced', 'dunning_viewer', false);
SELECT dunning.adopt('public.' || ledger, columns => format('{"key": "id", "payments": {"table": %s, "item": "invoice_id"}}', to_json(payments))::jsonb) FROM hidden \g /dev/null
SELECT is(dunning.run_reminders('2026-03-01'), 16, 'each has two items that are late');
SELECT is((SELECT count(DISTINCT ledger) FROM dunning.claim_penalties('2026-03-01')), 8::bigint, 'and claims');
SELECT results_eq('SELECT DISTINCT b.total FROM dunning.claim_balance AS b JOIN hidden AS h ON h.ledger = b.ledger WHERE b.kind = ''interest'' AND b.item = ''1''', 'VALUES (1.23)', 'the same in all, of 1000 for a day and of 100 for 27');

ALTER TABLE public.inv ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.pay ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.forced ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.forced FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON public.inv USING (company = current_setting('app.company', true));
CREATE POLICY p ON public.pay USING (company = current_setting('app.company', true));
CREATE POLICY p ON public.forced USING (company = current_setting('app.company', true));
SET app.company = 'B';
REFRESH MATERIALIZED VIEW public.filled;
SELECT is((SELECT count(*) FROM public.filled), 1::bigint, 'a materialized view was filled under policies');
SELECT is(dunning.run_reminders('2026-03-20'), 6, 'a superuser''s run raises what it sees whole: of two items in three ledgers the next step');
SELECT set_eq('SELECT ledger::text, item::text, message FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)',
	'SELECT h.ledger, '''', format(''row-level security on %s hides rows from role "%s", as which it is read'', h.relation, h.role) FROM hidden AS h WHERE NOT h.by_runner', 'and sets the others aside');
SELECT is_empty('SELECT r.ledger, r.item FROM dunning.reminder AS r JOIN hidden AS h ON h.ledger = r.ledger WHERE r.state = ''cancelled''', 'nothing is cancelled');
SELECT set_eq('SELECT DISTINCT ledger::text FROM dunning.claim_penalties(''2026-03-20'')', 'SELECT h.ledger FROM hidden AS h WHERE h.by_runner', 'nor claimed');
SELECT set_eq('SELECT ledger::text, ok, problem FROM dunning.check_ledgers()',
	'SELECT h.ledger, h.by_runner, CASE WHEN NOT h.by_runner THEN format(''row-level security on %s hides rows from role "%s", as which it is read'', h.relation, h.role) END FROM hidden AS h', 'the check says so');
SELECT set_eq('SELECT ledger::text, detail FROM dunning.ledger_problems() WHERE problem = ''not seen whole''',
	'SELECT h.ledger, format(''row-level security on %s hides rows from role "%s", as which it is read'', h.relation, h.role) FROM hidden AS h WHERE NOT h.by_runner', 'and the problems of the books');
SELECT set_eq('SELECT h.ledger, a.source, a.why FROM hidden AS h CROSS JOIN LATERAL dunning.adopt(''public.'' || h.ledger, replace => true) AS a WHERE a.field = ''hidden''',
	'SELECT h.ledger, ''public.'' || h.ledger, format(''row-level security on %s hides rows from role "%s", as which it is read; as long as rows are hidden, nothing of the ledger is raised, cancelled or claimed'', h.relation, h.role) FROM hidden AS h WHERE NOT h.by_runner', 'and so does an adoption');
SELECT set_eq('SELECT DISTINCT s.ledger::text FROM dunning.to_send AS s', ARRAY['inv', 'by_invoker', 'over_invoker', 'vi', 'over_vi', 'filled', 'forced'], 'who sees items without their payments sends nothing of them');
SELECT is(dunning.settle_reminders(ledger), 0, 'nothing to settle: ' || ledger) FROM hidden;
SELECT is(dunning.settle_reminders(ledger, '1'), 0, 'not by its key either: ' || ledger) FROM hidden;
SELECT count(*) AS runner_before FROM dunning.reminder WHERE state <> 'cancelled' \gset
SET ROLE dunning_runner;
SELECT is(dunning.run_reminders('2026-03-27'), 0, 'the run of a role that the policies are for raises nothing');
SELECT is_empty('SELECT * FROM dunning.claim_penalties(''2026-03-20'')', 'nor does it claim');
SELECT is(dunning.settle_reminders(ledger, '1'), 0, 'nor settle: ' || ledger) FROM hidden;
RESET ROLE;
SELECT set_eq('SELECT DISTINCT p.ledger::text, p.message FROM dunning.run_problem AS p JOIN dunning.run_log AS g ON g.run = p.run WHERE g.as_of = ''2026-03-27''',
	'SELECT h.ledger, format(''row-level security on %s hides rows from role "%s", as which it is read'', h.relation, CASE h.ledger WHEN ''forced'' THEN ''dunning_runner'' ELSE h.role END) FROM hidden AS h', 'it says why of each');
SELECT is((SELECT count(*) FROM dunning.reminder WHERE state <> 'cancelled'), :runner_before::bigint, 'and all reminders are as they were');
-- who may see all of it
ALTER ROLE dunning_viewer BYPASSRLS;
SELECT is_empty('SELECT h.ledger FROM hidden AS h WHERE _dunning.rows_hidden(h.ledger)', 'nothing is hidden from who bypasses row-level security');
REFRESH MATERIALIZED VIEW public.filled;
SET row_security = off;
SELECT is(pg_temp.try('SELECT dunning.run_reminders(''2026-03-28'')'), 'ok', 'and his ledgers are run again');
SELECT is_empty('SELECT ledger, message FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)', 'without a word');
ALTER ROLE dunning_viewer NOBYPASSRLS;
SELECT is((SELECT count(*) FROM hidden AS h WHERE _dunning.rows_hidden(h.ledger, (SELECT oid FROM pg_roles WHERE rolname = 'dunning_viewer'))), 8::bigint, 'a setting that makes policies an error hides as they do');
RESET row_security;
SELECT is((SELECT array_agg(h.ledger ORDER BY h.ledger) FROM hidden AS h WHERE _dunning.rows_hidden(h.ledger, (SELECT oid FROM pg_roles WHERE rolname = current_user))),
	'{filled,over_vi,paid_hidden,vi}'::text[], 'what is below a view of another is hidden from a superuser');
ALTER TABLE public.forced NO FORCE ROW LEVEL SECURITY;
SELECT is(_dunning.rows_hidden('forced', (SELECT oid FROM pg_roles WHERE rolname = 'dunning_viewer')), false, 'the owner of a table sees all of it, unless its policies are forced on him');
-- a policy that shows a role all rows hides none
CREATE FUNCTION pg_temp.hidden_by(policy text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	answer boolean;
BEGIN
	EXECUTE policy;
	answer := _dunning.rows_hidden('vi', (SELECT oid FROM pg_roles WHERE rolname = 'dunning_viewer'));
	RAISE EXCEPTION USING ERRCODE = 'DUN00', MESSAGE = answer;
EXCEPTION WHEN SQLSTATE 'DUN00' THEN
	RETURN SQLERRM::boolean;
END $$;
CREATE POLICY all_rows ON public.pay FOR SELECT TO dunning_viewer USING (true);
SELECT is(pg_temp.hidden_by(policy), hidden, policy) FROM (VALUES
	('CREATE POLICY all_rows ON public.inv FOR SELECT TO dunning_viewer USING (true)', false),
	('CREATE POLICY all_rows ON public.inv USING (true)', false),
	('GRANT dunning_reader TO dunning_viewer; CREATE POLICY all_rows ON public.inv TO dunning_reader USING (true)', false),
	('CREATE POLICY all_rows ON public.inv TO dunning_reader USING (true)', true),
	('CREATE POLICY all_rows ON public.inv FOR UPDATE TO dunning_viewer USING (true)', true),
	('CREATE POLICY all_rows ON public.inv TO dunning_viewer USING (company <> '''')', true),
	('CREATE POLICY all_rows ON public.inv TO dunning_viewer USING (true); CREATE POLICY less ON public.inv AS RESTRICTIVE USING (company = ''A'')', true),
	('CREATE POLICY all_rows ON public.inv TO dunning_viewer USING (true); CREATE POLICY less ON public.inv AS RESTRICTIVE FOR INSERT WITH CHECK (false)', false),
	('DROP POLICY p ON public.inv', true)) AS v (policy, hidden);
CREATE POLICY all_rows ON public.inv FOR SELECT TO dunning_viewer USING (true);
SET ROLE dunning_viewer;
SELECT is((SELECT count(*) FROM public.inv), 2::bigint, 'the role sees all rows');
RESET ROLE;
SELECT is(dunning.run_reminders('2026-04-20', 'vi'), 2, 'and its ledger is run');
SELECT is_empty('SELECT ledger, message FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)', 'without a word');
SET row_security = off;
SELECT is(_dunning.rows_hidden('vi', (SELECT oid FROM pg_roles WHERE rolname = 'dunning_viewer')), true, 'unless a setting makes each policy an error');
RESET row_security;
SELECT dunning.release_ledger(ledger) FROM hidden \g /dev/null

--
-- An item that is gone takes back no claim
--
CREATE TABLE public.gone (id integer PRIMARY KEY, customer integer, due_on date, open_amount numeric, currency text DEFAULT 'EUR');
INSERT INTO public.gone VALUES (1, 1, '2026-02-01', 1000), (2, 1, '2026-02-01', 1000);
SELECT dunning.adopt('public.gone') \g /dev/null
SELECT cmp_ok((SELECT count(*) FROM dunning.claim_penalties('2026-03-01')), '>', 0::bigint, 'claims are booked');
CREATE TEMP TABLE booked AS SELECT * FROM dunning.claim_balance WHERE ledger = 'gone' AND item = '1';
DELETE FROM public.gone WHERE id = 1;
SELECT dunning.claim_penalties('2026-03-10') \g /dev/null
SELECT results_eq('SELECT item::text, kind, total FROM dunning.claim_balance WHERE ledger = ''gone'' AND item = ''1'' ORDER BY kind', 'SELECT item::text, kind, total FROM booked ORDER BY kind', 'and stay as they are');

SELECT dunning.release_ledger('gone') \g /dev/null
DROP OWNED BY dunning_attacker, dunning_reader, dunning_runner, dunning_second, dunning_viewer CASCADE;
DROP ROLE dunning_attacker, dunning_reader, dunning_runner, dunning_second, dunning_viewer;
SELECT * FROM finish();
