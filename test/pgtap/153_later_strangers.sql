-- Strangers who come after a report was published, types of the caller's search_path, and what
-- a role that sees one company learns of another.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SELECT no_plan();
DROP ROLE IF EXISTS t153_mallory, t153_reader, t153_a, t153_b;
CREATE ROLE t153_mallory;
CREATE ROLE t153_reader;
CREATE ROLE t153_a;
CREATE ROLE t153_b;
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

CREATE SCHEMA shop AUTHORIZATION t153_mallory;
SET ROLE t153_mallory;
GRANT USAGE ON SCHEMA shop TO PUBLIC;
CREATE TABLE shop.seen (what text, who name);
GRANT INSERT ON shop.seen TO PUBLIC;
CREATE FUNCTION shop.note(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO shop.seen VALUES (note.what, current_user);
	RETURN true;
END $$;
CREATE TABLE shop.base (id integer PRIMARY KEY, customer integer, due_on date, open_amount numeric(12, 2));
INSERT INTO shop.base VALUES (1, 1, '2026-01-01', 100);
CREATE VIEW shop.item AS SELECT * FROM shop.base WHERE shop.note('view');
GRANT SELECT ON shop.item, shop.base TO PUBLIC;
CREATE DOMAIN shop.name AS pg_catalog.name CHECK (shop.note('domain name'));
RESET ROLE;

-- a copy that was published while all was one's own
CREATE SCHEMA report;
CREATE TABLE public.own (id integer PRIMARY KEY, customer integer, company text, due_on date, open_amount numeric(12, 2), label text);
INSERT INTO public.own VALUES (1, 1, 'A', '2026-01-01', 100, 'x'), (2, 2, 'B', '2026-01-01', 20, 'A'), (3, 3, 'B', '2026-01-01', 30, 'A');
SELECT dunning.adopt('public.own') \g /dev/null
SELECT dunning.make_report('report.aged', '30,60,90', 'company') \g /dev/null
SELECT dunning.publish_report('report.aged', 't153_reader') \g /dev/null
SELECT is((SELECT count(*) FROM report.aged_published), 2::bigint, 'published');
SELECT results_eq('SELECT * FROM dunning.refresh_reports()', $$ VALUES ('report.aged_published', NULL::text) $$, 'renewed, while all is one''s own');
SELECT dunning.adopt('shop.item', rule => NULL) \g /dev/null
TRUNCATE shop.seen;
SELECT results_eq('SELECT * FROM dunning.refresh_reports()',
	format($$ VALUES ('report.aged_published', 'the tables and views of others are not published as role "%s"') $$, current_user), 'not with the ledger of another');
SELECT is_empty('SELECT * FROM shop.seen', 'whose view is not run');
SELECT is((SELECT count(*) FROM report.aged_published), 2::bigint, 'the copy stays as it is');
SELECT dunning.release_ledger('item') \g /dev/null
SELECT results_eq('SELECT problem FROM dunning.refresh_reports()', 'VALUES (NULL::text)', 'renewed without it');
SELECT is(pg_temp.try('SELECT dunning.publish_report(999999::regclass, ''t153_reader'')'), '42P01: the report "999999" does not exist', 'no relation');
SELECT is(pg_temp.try('SELECT dunning.publish_report(''public.own_pkey'', ''t153_reader'')'), '42P01: the report "public.own_pkey" does not exist', 'an index');

-- the company of a copy is the one of the items
SELECT is(pg_temp.try(format('SELECT dunning.adopt(''public.own'', columns => %L, replace => true)', format('{"attributes": {"%s": "label"}}', word))),
	format('22023: there cannot be an attribute "%s"', word), 'no attribute ' || word)
FROM unnest('{company,société,nom du payeur,customer name,devise,total}'::text[]) AS word;

-- types on the search_path of who calls the run
SET search_path = shop, public, pg_catalog;
CALL dunning.run('2026-02-01');
RESET search_path;
SELECT is_empty('SELECT * FROM shop.seen', 'a run takes no type of others');
SELECT is((SELECT count(*) FROM dunning.reminder WHERE ledger = 'own'), 3::bigint, 'and raises what is due');
SELECT is_empty($$ SELECT p.oid::regprocedure FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
	WHERE p.pronamespace IN ('dunning'::regnamespace, '_dunning'::regnamespace) AND l.lanname = 'plpgsql'
		AND NOT coalesce(array_to_string(p.proconfig, ',') LIKE '%search_path%', false)
		AND (p.oid <> 'dunning.run(date, name)'::regprocedure OR p.prosrc ~ '\s(name|text|date|regclass|jsonb|numeric);') $$, 'all others have a search_path of their own');

-- what one company learns of another
SELECT dunning.grant_access('t153_a', 'collector', company => 'A'), dunning.grant_access('t153_b', 'collector', company => 'B') \g /dev/null
GRANT SELECT ON public.own TO t153_a, t153_b;
SET ROLE t153_b;
SELECT dunning.agree_plan('own', '{2}', dunning.today() + 5, 2) AS plan \gset
RESET ROLE;
SELECT is((SELECT company FROM dunning.plan WHERE plan = :plan), 'B', 'a plan of company B');
SET ROLE t153_a;
SELECT is((SELECT count(*) FROM _dunning.plan_turn), 0::bigint, 'is nothing that company A sees');
SELECT is(pg_temp.try($$ INSERT INTO _dunning.plan_turn VALUES ('own', '3', 'B', 2147483647) $$), '42501: new row violates row-level security policy for table "plan_turn"',
	'nor can it take its turn');
SELECT is(pg_temp.try($$ INSERT INTO _dunning.plan_turn VALUES ('own', '3', 'A', 2147483647) $$), 'ok', 'a turn of its own');
SELECT is(pg_temp.try('SELECT count(*) FROM _dunning.run_item'), '42501: permission denied for table run_item', 'what a run has read is for runners');
RESET ROLE;
SET ROLE t153_b;
SELECT is(pg_temp.try($$ SELECT dunning.agree_plan('own', '{3}', dunning.today() + 5, 2) $$), 'ok', 'stops no plan of company B');
RESET ROLE;

-- amounts of our own facts are money
INSERT INTO public.own VALUES (4, 4, 'A', '2026-01-01', 100, 'y');
SELECT is(pg_temp.try(statement), '22023: ' || message, statement)
FROM (VALUES ($$ SELECT dunning.hold_item('own', '4', 'dispute', amount => 10.005) $$, '10.005 is not an amount of money'),
	($$ SELECT dunning.write_off('own', '4', 'small', amount => 0.001) $$, '0.001 is not an amount of money'),
	($$ SELECT dunning.agree_plan('own', '{4}', due_on => ARRAY[dunning.today() + 5, dunning.today() + 9], amounts => '{50.005,49.995}') $$, '50.005 is not an amount of money')) AS v (statement, message);
SELECT dunning.hold_item('own', '4', 'dispute', amount => 10.05) AS hold \gset
SELECT is(pg_temp.try(format('SELECT dunning.pay_held_amount(%s, 0.005)', :hold)), '22023: 0.005 is not an amount of money', 'nor is this');
SELECT is((SELECT array_agg(amount) FROM dunning.hold WHERE amount IS NOT NULL), ARRAY[10.05], 'one hold of an amount');

-- nothing given is not everything
SELECT is(pg_temp.try($$ SELECT dunning.promise_to_pay('own', '1', 100, dunning.today() + 3, items => '{}') $$), '22023: items is not a list of keys', 'no item is not all items');
SELECT is((SELECT count(*) FROM dunning.promise), 0::bigint, 'nothing was promised');
SELECT is_empty($$ SELECT * FROM dunning.same_debtor(NULL, '1') UNION ALL SELECT * FROM dunning.same_debtor('own', NULL) $$, 'nobody is the same as NULL');

SELECT * FROM finish();
