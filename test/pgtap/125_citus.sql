-- A relation that Citus manages reads as empty inside subqueries: nothing that
-- follows from that may be believed.  Only the catalog of Citus is imitated here,
-- and the emptiness by deleting the rows.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL dunning.today = '2025-11-20';
SELECT no_plan();

CREATE TABLE public.invoice (id integer PRIMARY KEY, customer_id integer, due_date date, amount numeric, currency text DEFAULT 'EUR');
CREATE TABLE public.payment (id integer PRIMARY KEY, invoice_id integer, paid_on date, amount numeric);
INSERT INTO public.invoice VALUES (1, 7, '2025-10-01', 1000), (2, 7, '2025-10-01', 500);
INSERT INTO public.payment VALUES (1, 2, '2025-10-05', 200);
CREATE VIEW public.inner_invoice AS SELECT * FROM public.invoice;
CREATE VIEW public.invoice_view AS SELECT * FROM public.inner_invoice WHERE amount <> 0;
CREATE TABLE public.facture (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric);
INSERT INTO public.facture VALUES (9, 1, '2025-10-01', 10);
CREATE FUNCTION pg_temp.hint(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN hint;
END $$;

SELECT dunning.adopt('public.invoice_view', ledger => 'invoice', columns => '{"key": "id", "payments": "public.payment"}', rule => 'france') \g /dev/null
SELECT dunning.adopt('public.facture') \g /dev/null
SELECT is(_dunning.distributed_relation(_dunning.ledger_relations('invoice'::name)), NULL, 'no Citus, nothing distributed');
SELECT is(dunning.run_reminders('2025-11-01'), 3, 'three reminders by a run');
SELECT is((SELECT count(*) FROM dunning.claim_penalties('2025-11-01') WHERE ledger = 'invoice'), 2::bigint,
	'interest and compensation');

-- a table of the name in another schema says nothing
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.pg_dist_partition (logicalrelid regclass);
CREATE TABLE pg_temp.pg_dist_partition (logicalrelid regclass);
INSERT INTO elsewhere.pg_dist_partition VALUES ('public.invoice');
INSERT INTO pg_temp.pg_dist_partition VALUES ('public.invoice');
SET LOCAL search_path = elsewhere, public;
SELECT is(_dunning.distributed_relation(_dunning.ledger_relations('invoice'::name)), NULL, 'a table of anybody is not the catalog of Citus');
RESET search_path;

SET LOCAL allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass, partmethod "char");
SET LOCAL allow_system_table_mods = off;
SELECT is(_dunning.distributed_relation(_dunning.ledger_relations('invoice'::name)), NULL, 'Citus without distributed tables');
SELECT is(dunning.run_reminders('2025-11-01'), 0, 'where a run works');
SELECT is((SELECT count(*) FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)), 0::bigint, 'without problems');

INSERT INTO pg_catalog.pg_dist_partition VALUES ('public.invoice', 'h');
SELECT is(_dunning.distributed_relation(_dunning.ledger_relations('invoice'::name)), 'public.invoice'::regclass, 'a table behind the views of a ledger');
SELECT is(_dunning.distributed_relation(_dunning.ledger_relations('facture'::name)), NULL, 'and not of the other ledger');
SELECT is(_dunning.distributed_relation(_dunning.ledger_relations('no such ledger'::name)), NULL, 'nor of none');
DELETE FROM public.invoice;

SELECT is(dunning.run_reminders('2025-11-20'), 1, 'a run writes the next reminder of the other ledger');
SELECT results_eq('SELECT ledger::text COLLATE "default", item::text, state::text, level FROM dunning.reminder
	WHERE ledger = ''invoice'' ORDER BY item',
	$$ SELECT 'invoice', i, 'pending', level FROM unnest(ARRAY['1', '2']) AS i, (SELECT min(level) AS level FROM dunning.reminder
		WHERE ledger = 'invoice') AS l $$, 'and cancels nothing');
SELECT results_eq('SELECT ledger::text COLLATE "default", item::text, message FROM dunning.run_problem
	WHERE run = (SELECT max(run) FROM dunning.run_log)',
	$$ VALUES ('invoice', '', 'public.invoice is managed by Citus, whose tables read as empty inside subqueries') $$, 'but says why');
SELECT is(dunning.settle_reminders('invoice'), 0, 'nothing is settled');
SELECT is(dunning.settle_reminders('invoice', '1'), 0, 'no single item either');
SELECT is((SELECT count(*) FROM dunning.claim_penalties('2025-11-20') WHERE ledger = 'invoice'), 0::bigint, 'nothing is claimed');
SELECT is((SELECT count(*) FROM dunning.claim WHERE ledger = 'invoice' AND as_of = '2025-11-20'), 0::bigint, 'or taken back');
SELECT results_eq('SELECT message FROM dunning.run_problem WHERE ledger = ''invoice'' AND run = (SELECT max(run) FROM dunning.run_log)',
	$$ VALUES ('public.invoice is managed by Citus, whose tables read as empty inside subqueries') $$, 'and the claims say why');
SELECT results_eq('SELECT ledger::text COLLATE "default", ok, problem FROM dunning.check_ledgers() ORDER BY ledger',
	$$ VALUES ('facture', true, NULL),
	('invoice', false, 'public.invoice is managed by Citus, whose tables read as empty inside subqueries') $$, 'check_ledgers finds it');
SELECT matches((SELECT hint FROM dunning.check_ledgers() WHERE ledger = 'invoice'),
	'SELECT dunning.release_ledger\(''invoice'', keep => true\)', 'and says what to do');

-- the payments alone, and the customers, by what each of them is
DELETE FROM pg_catalog.pg_dist_partition;
INSERT INTO pg_catalog.pg_dist_partition VALUES ('public.payment', 'n');
SELECT is(_dunning.distributed_relation(_dunning.ledger_relations('invoice'::name)), 'public.payment'::regclass, 'a reference table of payments');

-- adoption
SELECT throws_ok(format('SELECT dunning.adopt(%s)', args),
	'0A000', relation || ' is managed by Citus, whose tables read as empty inside subqueries', 'not adopted: ' || args)
FROM (VALUES ('''public.inner_invoice'', ledger => ''new'', columns => ''{"key": "id", "payments": "public.payment"}''',
	'public.payment'),
	('''public.invoice_view'', ledger => ''invoice'', columns => ''{"key": "id", "payments": "public.payment"}'', replace => true',
		'public.payment')) AS v (args, relation);
SELECT is(pg_temp.hint('SELECT dunning.adopt(''public.inner_invoice'', ledger => ''new'', columns => ''{"key": "id", "payments": "public.payment"}'')'), _dunning.distributed_hint(), 'with what to do instead');
SELECT is((SELECT count(*) FROM dunning.ledger), 2::bigint, 'and nothing is left behind');
SELECT lives_ok('SELECT dunning.adopt(''public.facture'', replace => true)', 'a local table is adopted');

SELECT * FROM finish();
ROLLBACK;
