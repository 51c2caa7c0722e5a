-- Known ERPs whatever they are: several ledgers at once, upgrades, profiles of
-- one's own, problems in the books and rights, on tables made up here.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SET datestyle = 'ISO, YMD';
SET jit = off;
SET dunning.today = '2026-04-15';
SELECT no_plan();

CREATE FUNCTION pg_temp.hint_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN hint;
END $$;

-- Two ERPs of our own: one keeps its documents in doc, the other in bill.
INSERT INTO dunning.erp (name, title, description) VALUES ('docs', 'Docs', 'each document'), ('bills', 'Bills', 'each bill');
DO $do$
DECLARE
	e text[];
BEGIN
	FOREACH e SLICE 1 IN ARRAY ARRAY[['docs', 'doc'], ['bills', 'bill']] LOOP
		EXECUTE format($f$
			CREATE FUNCTION _dunning.erp_%1$s_detect(schema name) RETURNS TABLE (version text, sure numeric, evidence text) LANGUAGE sql STABLE AS $$
				SELECT CASE WHEN _dunning.erp_has(schema, '%2$s', 'blocked') THEN '2' ELSE '1' END, 0.9, 'has %2$s' WHERE _dunning.erp_has(schema, '%2$s', 'id', 'total') $$;
			CREATE FUNCTION _dunning.erp_%1$s_views(schema name, version text) RETURNS TABLE (view name, query text, description text) LANGUAGE sql STABLE AS $$
				VALUES ('item'::name, format('SELECT d.id AS key, d.customer, d.day AS issued_on, coalesce(d.due, d.day) AS due_on, d.due IS NOT NULL AS due_given, d.currency, d.total AS amount%%s FROM %%I.%2$s AS d',
						CASE WHEN _dunning.erp_has(schema, '%2$s', 'blocked') THEN ', d.blocked AS held' ELSE '' END, schema), 'documents'),
					('payment', format('SELECT p.%2$s AS item, p.day AS date, p.amount FROM %%I.%2$s_payment AS p', schema), 'payments'),
					('customer', format('SELECT c.id AS key, c.name, c.email, c.phone, left(c.name, 1) AS attribute_letter FROM %%I.%2$s_customer AS c', schema), 'customers') $$;
			CREATE FUNCTION _dunning.erp_%1$s_watch(schema name, version text) RETURNS TABLE (relation text, column_name text, why text) LANGUAGE sql IMMUTABLE AS $$
				VALUES ('%2$s_payment', '%2$s', 'payments') $$;
		$f$, e[1], e[2]);
	END LOOP;
END $do$;
CREATE FUNCTION pg_temp.books(schema name, prefix text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', schema);
	EXECUTE format('CREATE TABLE %1$I.%2$I (id integer PRIMARY KEY, customer integer, day date, due date, currency text, total numeric, blocked boolean NOT NULL DEFAULT false)', schema, prefix);
	EXECUTE format('CREATE TABLE %1$I.%2$I (id integer PRIMARY KEY, %3$I integer, day date, amount numeric)', schema, prefix || '_payment', prefix);
	EXECUTE format('CREATE INDEX ON %1$I.%2$I (%3$I)', schema, prefix || '_payment', prefix);
	EXECUTE format('CREATE TABLE %1$I.%2$I (id integer PRIMARY KEY, name text, email text, phone text)', schema, prefix || '_customer');
	EXECUTE format('INSERT INTO %1$I.%2$I VALUES (1, ''Durand'', ''a@durand.example'', NULL), (2, ''Müller'', NULL, ''+49 30''), (3, ''Nobody'', '' '', '''')', schema, prefix || '_customer');
	EXECUTE format('INSERT INTO %1$I.%2$I VALUES (1, 1, ''2026-01-01'', ''2026-02-01'', ''EUR'', 100), (2, 1, ''2026-01-01'', ''2026-03-01'', ''EUR'', 50), (3, 2, ''2026-02-01'', ''2026-03-01'', ''EUR'', 30)', schema, prefix);
END $$;
SELECT pg_temp.books('one', 'doc'), pg_temp.books('two', 'bill') \g /dev/null
CREATE TABLE public.facture (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric);
INSERT INTO public.facture VALUES (1, 1, '2026-03-01', 7);

--
-- What adoption says
--
SELECT set_eq($$ SELECT field, source FROM dunning.adopt_erp('docs', watch => true, rule => NULL) $$, $$ VALUES
	('erp', 'Docs 2 in schema one'), ('view', 'dunning_docs.item'), ('view', 'dunning_docs.payment'), ('view', 'dunning_docs.customer'), ('ledger', 'docs'),
	('key', 'key'), ('customer', 'customer'), ('due_on', 'due_on'), ('amount', 'amount'), ('issued_on', 'issued_on'), ('currency', 'currency'), ('held', 'held'),
	('customers.key', 'dunning_docs.customer.key'), ('customers.name', 'dunning_docs.customer.name'), ('customers.email', 'dunning_docs.customer.email'), ('customers.phone', 'dunning_docs.customer.phone'), ('customers.attributes.letter', 'dunning_docs.customer.attribute_letter'),
	('payments.item', 'dunning_docs.payment.item'), ('payments.date', 'dunning_docs.payment.date'), ('payments.amount', 'dunning_docs.payment.amount'),
	('not known', 'class, company, company_amount, company_currency, contracted_on, delivered_on, disputed, document, dunnable, kind, language, matures_on, net_amount, payer, procedure, professional, reference, rule_by, salesperson, vat_on_receipt, vat_rate'),
	('default procedure', 'standard'), ('rule', NULL), ('scheme', 'standard'), ('history', 'dunning_docs.payment.date'),
	('open items', '3'), ('watch', 'one.doc_payment.doc') $$, 'what the profile has, and in one row what it has not');
SELECT results_eq($$ SELECT attributes ->> 'letter', total FROM dunning.aged_balance_report(grouped_by => 'letter') WHERE NOT is_total ORDER BY 1 $$, $$ VALUES ('D', 150::numeric), ('M', 30) $$,
	'a column attribute_NAME of the view of a profile is an attribute');
SELECT is_empty($$ SELECT FROM dunning.ledger_problems() $$, 'nothing is wrong with the books');
SELECT set_eq($$ SELECT tgname FROM pg_trigger WHERE tgrelid = 'one.doc_payment'::regclass $$, $$ VALUES ('dunning_watch_docs'::name) $$, 'the trigger says whose it is');

-- the same books as another ledger
SELECT throws_ok($$ SELECT dunning.adopt_erp('docs', ledger => 'again') $$, '42710', 'docs in schema "one" is adopted already, as the ledger "docs"', 'the same tables are not adopted twice');
SELECT is(pg_temp.hint_of($$ SELECT dunning.adopt_erp('docs', ledger => 'again') $$),
	'Adopt it again (ledger => ''docs'', replace => true), or release it for good: SELECT dunning.release_ledger(''docs'').', 'the hint says what to do instead');

--
-- Three ledgers, of which one breaks
--
SELECT lives_ok($$ SELECT dunning.adopt_erp('bills', watch => true); SELECT dunning.adopt('public.facture', procedure => '') $$, 'two more ledgers');
SELECT throws_ok('SELECT dunning.adopt_erp(replace => true)', '42P08', 'more than one ledger is of an ERP', 'which of two is to be adopted anew has to be said');
CALL dunning.run(dunning.today());
SELECT set_eq('SELECT ledger::text, count(*) FROM dunning.reminder WHERE state = ''pending'' GROUP BY 1', $$ VALUES ('docs', 3::bigint), ('bills', 3), ('facture', 1) $$, 'a run');
ALTER TABLE one.doc DROP COLUMN blocked CASCADE;
SELECT set_eq('SELECT ledger::text, ok, hint FROM dunning.check_ledgers()', $$ VALUES
	('docs', false, 'Adopt it again, its history stays: SELECT * FROM dunning.adopt_erp(''docs'', schema => ''one'', ledger => ''docs'', replace => true).'),
	('bills', true, NULL), ('facture', true, NULL) $$,
	'the check tells the ledger that changed from those that did not');
SELECT matches((SELECT problem FROM dunning.check_ledgers() WHERE ledger = 'docs'), '^column "blocked" of one.doc is gone;.*the items are gone$', 'and what changed');
-- neither ledger keeps its ERP from posting, and nothing is cancelled unread
SELECT is((SELECT sum(open_amount) FROM dunning.open_item WHERE ledger = 'bills'), 180::numeric, 'another one is read as before');
SELECT lives_ok($$ INSERT INTO one.doc_payment VALUES (900, 1, '2026-04-15', 100); DELETE FROM one.doc_payment WHERE id = 900 $$, 'so is one of the ledger that changed');
SELECT is((SELECT count(*) FROM dunning.reminder WHERE state = 'pending'), 7::bigint, 'all reminders are still pending');
SELECT lives_ok('SELECT dunning.rebuild_ledgers()', 'what can be built anew leaves it as it is');
SELECT lives_ok($$ INSERT INTO one.doc_payment VALUES (900, 1, '2026-04-15', 100); DELETE FROM one.doc_payment WHERE id = 900 $$, 'it can post on');
SELECT lives_ok($$ INSERT INTO two.bill_payment VALUES (900, 3, '2026-04-15', 30) $$, 'the other one is followed');
SELECT is((SELECT count(*) FROM dunning.reminder WHERE ledger = 'bills' AND state = 'pending'), 2::bigint, 'again');
DELETE FROM two.bill_payment WHERE id = 900;
SET session_replication_role = replica; UPDATE dunning.reminder SET state = 'pending', cancelled_on = NULL, cancelled_at = NULL, withdrawn = false, reason = NULL WHERE ledger = 'bills' AND item = '3'; RESET session_replication_role;
SELECT set_eq($$ SELECT ledger::text, ok FROM dunning.check_ledgers() $$, $$ VALUES ('docs', false), ('bills', true), ('facture', true) $$, 'then the others are in order');
SELECT is((SELECT sum(open_amount) FROM dunning.open_item WHERE ledger = 'bills'), 180::numeric, 'and can be read');
SELECT is((SELECT sum(open_amount) FROM dunning.open_items('2026-03-01') WHERE ledger = 'bills'), 180::numeric, 'on any day');
PREPARE one_ledger(name) AS SELECT sum(open_amount) FROM dunning.open_item WHERE ledger = $1;
SET plan_cache_mode = force_generic_plan;
SELECT results_eq($$ EXECUTE one_ledger('facture') $$, 'VALUES (7::numeric)', 'by a generic plan, too');
RESET plan_cache_mode;
SELECT throws_ok('SELECT sum(open_amount) FROM dunning.open_item', '55000', 'ledger "docs" cannot be read', 'a sum over all is an error, not a smaller sum');
SELECT throws_ok($$ SELECT * FROM dunning.worklist WHERE ledger = 'docs' $$, '55000', 'ledger "docs" cannot be read', 'so is what it holds itself');
SELECT is((SELECT count(*) FROM dunning.worklist WHERE ledger = 'bills'), 3::bigint, 'the work list of another is there');
INSERT INTO two.bill_payment VALUES (1, 1, '2026-04-10', 100);
CALL dunning.run(dunning.today());
SELECT set_eq('SELECT ledger::text, state::text, count(*) FROM dunning.reminder GROUP BY 1, 2', $$ VALUES ('docs', 'pending', 3::bigint), ('bills', 'pending', 2), ('bills', 'cancelled', 1), ('facture', 'pending', 1) $$,
	'a run works on the others and leaves its reminders as they are');
SELECT set_eq('SELECT ledger::text, item::text FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)', $$ VALUES ('docs', '') $$, 'and says so');
SELECT lives_ok($$ SELECT dunning.adopt('public.facture', replace => true) $$, 'another ledger can be adopted again');
SELECT lives_ok($$ SELECT dunning.release_ledger('bills') $$, 'or released');
DO $$ BEGIN
	EXECUTE (SELECT substring(hint FROM 'SELECT.*\)') FROM dunning.check_ledgers() WHERE ledger = 'docs');
END $$;
SELECT is((SELECT sum(open_amount) FROM dunning.open_item WHERE ledger = 'docs'), 180::numeric, 'the statement of the check''s hint adopts it again');
SELECT set_eq($$ SELECT ok, problem FROM dunning.check_ledgers() $$, 'VALUES (true, NULL::text)', 'and all are in order');
SELECT is((SELECT count(*) FROM dunning.reminder WHERE ledger = 'docs' AND state = 'pending'), 3::bigint, 'its reminders stayed');
SELECT is((SELECT rule FROM dunning.ledger WHERE ledger = 'docs'), NULL, 'so did its settings');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'one.doc_payment'::regclass), 1::bigint, 'and its trigger');

-- a table of an ordinary ledger
CREATE TABLE public.vente (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric);
SELECT dunning.adopt('public.vente', rule => NULL) \g /dev/null
DROP TABLE public.vente CASCADE;
SELECT is((SELECT hint FROM dunning.check_ledgers() WHERE ledger = 'vente'),
	'Adopt what took its place under the same name, its history stays: SELECT * FROM dunning.adopt(..., ledger => ''vente'', replace => true).', 'what to do about a table that was dropped');
CREATE TABLE public.vente2 (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric);
SELECT lives_ok($$ SELECT dunning.adopt('public.vente2', ledger => 'vente', replace => true) $$, 'and it works');
SELECT is((SELECT rule FROM dunning.ledger WHERE ledger = 'vente'), NULL, 'with the settings of before');
SELECT dunning.release_ledger('vente') \g /dev/null

--
-- Another schema, another ERP
--
SELECT pg_temp.books('three', 'doc'), pg_temp.books('three', 'bill') \g /dev/null
SELECT lives_ok($$ SELECT dunning.adopt_erp('docs', replace => true) $$, 'adopted again it stays with its schema, though another holds the ERP, too');
SELECT is((SELECT erp_schema FROM dunning.ledger WHERE erp IS NOT NULL), 'one', 'so it does');
SELECT throws_ok($$ SELECT dunning.adopt_erp('docs', schema => 'three', replace => true) $$, '22023', 'ledger "docs" is of schema "one", which still holds docs', 'it is not moved to another schema');
SELECT throws_ok($$ SELECT dunning.adopt_erp('bills', ledger => 'docs', replace => true) $$, '22023', 'ledger "docs" is of the ERP "docs"', 'nor to another ERP');
SELECT lives_ok($$ SELECT dunning.adopt_erp(replace => true) $$, 'without a name it is the one that there is');
SELECT is((SELECT count(*) FROM dunning.reminder WHERE ledger = 'docs' AND state = 'pending'), 3::bigint, 'nothing was cancelled on the way');
DROP SCHEMA three CASCADE;

-- the schema is renamed, the tables as well
ALTER SCHEMA one RENAME TO uno;
SELECT set_eq($$ SELECT ok, problem, hint FROM dunning.check_ledgers() WHERE ledger = 'docs' $$, $$ VALUES (true, 'schema "one" is gone; docs is in schema "uno"',
	'Adopt it there, its history stays: SELECT * FROM dunning.adopt_erp(''docs'', schema => ''uno'', ledger => ''docs'', replace => true).') $$, 'the check finds a schema that was renamed');
SELECT is(pg_temp.hint_of($$ SELECT dunning.adopt_erp('docs', replace => true) $$), 'docs is in schema "uno": schema => ''uno''.', 'so does adoption');
DO $$ BEGIN
	EXECUTE (SELECT substring(hint FROM 'SELECT.*\)') FROM dunning.check_ledgers() WHERE ledger = 'docs');
END $$;
SELECT set_eq($$ SELECT ok, problem FROM dunning.check_ledgers() WHERE ledger = 'docs' $$, 'VALUES (true, NULL::text)', 'the statement of its hint adopts it there');
ALTER TABLE uno.doc RENAME total TO sum;
SELECT set_eq($$ SELECT ok, problem, hint FROM dunning.check_ledgers() WHERE ledger = 'docs' $$, $$ VALUES (true, 'column "total" of uno.doc is gone',
	'No schema holds what the profile of docs looks for, so it cannot be adopted again before the tables or the profile are put right. To have its reminders wait until then: SELECT dunning.release_ledger(''docs'', keep => true).') $$,
	'where the profile does not see its ERP any more no statement is offered that must fail');
ALTER TABLE uno.doc RENAME sum TO total;

--
-- Released for an upgrade, and adopted again
--
SELECT throws_ok('ALTER TABLE uno.doc ALTER total TYPE numeric(20, 4)', '0A000', 'cannot alter type of a column used by a view or rule', 'the views hold the columns as they are');
INSERT INTO dunning.procedure (name, procedure) VALUES ('own', '5 email; 60 letter');
SELECT dunning.adopt_erp('docs', procedure => 'own', watch => true, replace => true) \g /dev/null
SELECT dunning.mark_reminder_sent(reminder, raised_on) FROM dunning.reminder WHERE ledger = 'docs' AND item = '3' \g /dev/null
CREATE TEMP TABLE before AS SELECT * FROM dunning.reminder;
SELECT is(dunning.release_ledger('docs', keep => true), 2, 'released with keep => true: two pending reminders wait');
SELECT hasnt_schema('dunning_docs', 'the views are gone');
SELECT is_empty($$ SELECT FROM pg_trigger WHERE tgrelid = 'uno.doc_payment'::regclass $$, 'and the triggers');
SELECT is_empty('SELECT FROM dunning.ledger WHERE ledger = ''docs'' AND num_nonnulls(relation, erp_views, erp_columns) > 0', 'and what was noted of them');
SELECT is_empty($$ SELECT FROM dunning.worklist WHERE ledger = 'docs' $$, 'the work list has none of it');
SELECT set_eq($$ SELECT ok, problem, hint FROM dunning.check_ledgers() WHERE ledger = 'docs' $$, format($$ VALUES (false, 'released on %s to be adopted again: 2 pending reminder(s) wait',
	'Adopt it again: SELECT * FROM dunning.adopt_erp(''docs'', schema => ''uno'', ledger => ''docs''); or release it for good, which cancels them: SELECT dunning.release_ledger(''docs'').') $$, _dunning.real_day()), 'the check reminds of it');
SELECT set_eq('SELECT erp, adopts FROM dunning.detect_erp() WHERE erp = ''docs''', $$ VALUES ('docs', 'released to be adopted again as the ledger "docs"') $$, 'so does detect');
SELECT lives_ok('ALTER TABLE uno.doc ALTER total TYPE numeric(20, 4)', 'now the upgrade goes through');
INSERT INTO uno.doc_payment VALUES (1, 1, '2026-04-10', 100);
CALL dunning.run(dunning.today());
SELECT set_eq('SELECT * FROM dunning.reminder WHERE ledger = ''docs''', 'SELECT * FROM before WHERE ledger = ''docs''', 'a run meanwhile changes none of its reminders');
SELECT is(dunning.settle_reminders('docs') + dunning.settle_reminders('docs', '1'), 0, 'nor does who asks for its items to be settled');
SELECT throws_ok($$ CALL dunning.run(dunning.today(), ledger => 'docs') $$, '42704', 'ledger "docs" does not exist', 'and none is for it alone');
SELECT throws_ok($$ SELECT dunning.adopt_erp('docs', ledger => 'other') $$, '42710', 'docs in schema "uno" is adopted already, as the ledger "docs"', 'another ledger does not take its tables');
SELECT throws_ok($$ DELETE FROM dunning.procedure WHERE name = 'own' $$, '23503', 'procedure "own" is in use by the ledger "docs"', 'what it uses is kept for it');
SELECT is(dunning.release_ledger('docs', keep => true), 2, 'to release it once more changes nothing');
SELECT lives_ok('SELECT dunning.adopt_erp()', 'adopted again, no name is needed');
SELECT set_eq('SELECT * FROM dunning.reminder WHERE ledger = ''docs''', 'SELECT * FROM before WHERE ledger = ''docs''', 'all reminders are as they were');
SELECT set_eq('SELECT procedure, rule, watched FROM dunning.ledger WHERE ledger = ''docs''', $$ VALUES ('own', NULL, true) $$, 'and the settings');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'uno.doc_payment'::regclass), 1::bigint, 'and the triggers');
SELECT is_empty('SELECT FROM dunning.ledger WHERE state = ''released''', 'nothing waits any more');
CALL dunning.run(dunning.today());
SELECT set_eq($$ SELECT item::text, level, state::text, reason FROM dunning.reminder WHERE ledger = 'docs' AND level = 1 $$,
	$$ VALUES ('1', 1, 'cancelled', 'no longer open'), ('2', 1, 'cancelled', 'its step of the procedure was changed'), ('2', 1, 'pending', NULL), ('3', 1, 'sent', NULL) $$,
	'the next run cancels what was paid meanwhile, and raises nothing twice');

SELECT is(dunning.release_ledger('docs', keep => true), (SELECT count(*)::integer FROM dunning.reminder WHERE ledger = 'docs' AND state = 'pending'), 'released once more');
SELECT cmp_ok(dunning.release_ledger('docs'), '>=', 1, 'and for good: what waited is cancelled');
SELECT is_empty($$ SELECT FROM dunning.reminder WHERE ledger = 'docs' AND state = 'pending' $$, 'nothing is pending');
SELECT is_empty('SELECT FROM dunning.ledger WHERE state = ''released''', 'nor waits');
SELECT throws_ok($$ SELECT dunning.release_ledger('docs') $$, '42704', 'ledger "docs" does not exist', 'then it is gone');

-- an ordinary ledger
SELECT dunning.adopt('public.facture', columns => '{"open_amount": "solde"}', watch => true, replace => true, rule => NULL) \g /dev/null
CREATE TEMP TABLE mapped AS SELECT relation, columns, rule FROM dunning.ledger;
SELECT is(dunning.release_ledger('facture', keep => true), 1, 'any ledger can be released so');
SELECT is((SELECT hint FROM dunning.check_ledgers() WHERE ledger = 'facture'),
	'Adopt it again: SELECT * FROM dunning.adopt(''public.facture'', ledger => ''facture''); or release it for good, which cancels them: SELECT dunning.release_ledger(''facture'').', 'and is told how to come back');
ALTER TABLE public.facture ALTER solde TYPE numeric(12, 2);
SELECT throws_ok($$ SELECT dunning.adopt('public.facture', ledger => 'f2') $$, '42710', 'public.facture was adopted as the ledger "facture", which is released to be adopted again', 'not under another name');
SELECT lives_ok($$ SELECT dunning.adopt('public.facture') $$, 'adopted again');
SELECT set_eq('SELECT relation, columns, rule FROM dunning.ledger', 'SELECT * FROM mapped', 'with the same mapping and settings');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'public.facture'::regclass AND NOT tgisinternal), 1::bigint, 'and the trigger');
SELECT is((SELECT count(*) FROM dunning.reminder WHERE ledger = 'facture' AND state = 'pending'), 1::bigint, 'and the reminder');
SELECT dunning.release_ledger('facture') \g /dev/null

-- two ledgers whose payments are in one table
CREATE TABLE public.a (id integer PRIMARY KEY, client_id integer, date_echeance date, montant numeric);
CREATE TABLE public.b (LIKE public.a INCLUDING ALL);
CREATE TABLE public.pay (a integer, b integer, amount numeric);
SELECT lives_ok($$ SELECT dunning.adopt('public.a', columns => '{"amount": "montant", "payments": {"table": "pay", "item": "a", "amount": "amount"}}', watch => true);
	SELECT dunning.adopt('public.b', columns => '{"amount": "montant", "payments": {"table": "pay", "item": "b", "amount": "amount"}}', watch => true) $$, 'one table of payments can serve two ledgers that are watched');
SELECT dunning.release_ledger('a'), dunning.release_ledger('b') \g /dev/null
SELECT is_empty($$ SELECT FROM pg_trigger WHERE tgrelid = 'public.pay'::regclass $$, 'and no trigger stays');

--
-- What is wrong in the books
--
CREATE SCHEMA bad;
CREATE TABLE bad.doc (id integer, customer integer, day date, due date, currency text, total numeric);
CREATE TABLE bad.doc_payment (doc integer, day date, amount numeric);
CREATE TABLE bad.doc_customer (id integer PRIMARY KEY, name text, email text, phone text);
INSERT INTO bad.doc_customer VALUES (1, 'Durand', 'a@durand.example', NULL), (2, 'Müller', NULL, '+49 30'), (3, 'Nobody', ' ', ''), (5, 'Settled', NULL, NULL), (6, 'Credit', NULL, NULL);
INSERT INTO bad.doc VALUES
	(1, 1, '2026-01-01', '2026-02-01', 'EUR', 100),	-- in order
	(2, NULL, '2026-01-01', '2026-02-01', 'EUR', 10),
	(3, 1, '2026-01-01', '2026-02-01', NULL, 10),
	(4, 1, NULL, '2026-02-01', 'EUR', 10),
	(5, 1, '2026-03-01', '2026-02-01', 'EUR', 10),
	(6, 1, '2026-01-01', NULL, 'EUR', 10),
	(7, 1, NULL, NULL, 'EUR', 10),
	(8, 1, '2026-01-01', '2026-02-01', 'EUR', NULL),
	(9, 1, '2026-01-01', '2026-02-01', 'EUR', 10),		-- overpaid
	(10, 1, '2026-01-01', '2026-02-01', 'EUR', -10),	-- overused
	(11, 2, '2026-01-01', '2026-02-01', 'EUR', 10),	-- more open than issued
	(12, 3, '2026-01-01', '2026-02-01', 'EUR', 10), (13, 3, '2026-01-01', '2026-02-01', 'EUR', 10), (14, 4, '2026-01-01', '2026-02-01', 'EUR', 10),
	(15, 5, '2026-01-01', '2026-02-01', 'EUR', 10), (16, 6, '2026-01-01', '2026-02-01', 'EUR', -10);
INSERT INTO bad.doc_payment VALUES (9, '2026-02-01', 12.5), (10, '2026-02-01', -11), (11, '2026-02-01', -1), (15, '2026-02-01', 10), (5, '2026-05-01', 10);
SELECT is((SELECT source FROM dunning.adopt_erp('docs', schema => 'bad') WHERE field = 'problems'), '15', 'adoption counts the problems');
SELECT set_eq($$ SELECT item::text, customer::text, problem, detail FROM dunning.ledger_problems('docs') $$, $$ VALUES
	('2', NULL, 'no customer', 'Nobody owes the item.'),
	(NULL, NULL, 'no contact', 'The customer has neither an e-mail address nor a telephone number, and 1 open item(s).'),
	('3', '1', 'no currency', 'Its amount is added to no other.'),
	('4', '1', 'no issue date', 'The item counts on every past day.'),
	('5', '1', 'due before issued', 'It was issued on 2026-03-01 and fell due on 2026-02-01.'),
	('6', '1', 'no due date', 'The ERP gives none; 2026-01-01 stands in for it.'),
	('7', '1', 'no issue date', 'The item counts on every past day.'),
	('7', '1', 'no due date', 'The item is never overdue.'),
	('8', '1', 'no amount', 'What was issued is not known.'),
	('8', '1', 'no open amount', 'What is owed cannot be computed.'),
	('9', '1', 'overpaid', 'Of 10 there is 2.5 too much.'),
	('10', '1', 'overused', 'Of a credit of 10 there is 1 used too much.'),
	('11', '2', 'more open than issued', '10 was issued and 11 is open.'),
	(NULL, '3', 'no contact', 'Nobody has neither an e-mail address nor a telephone number, and 2 open item(s).'),
	(NULL, '4', 'no contact', 'The customer has neither an e-mail address nor a telephone number, and 1 open item(s).') $$, 'each problem is listed with its reason, and nothing else');
SELECT is_empty($$ SELECT FROM dunning.ledger_problems('docs', '2025-12-31') WHERE item NOT IN ('4', '7') $$, 'as of a day');
SELECT throws_ok($$ SELECT dunning.ledger_problems('none') $$, '42704', 'ledger "none" does not exist', 'a ledger that is not there');
SELECT dunning.release_ledger('docs') \g /dev/null
DROP SCHEMA bad CASCADE;
-- a key that is missing only a ledger by itself can have: adoption refuses it
CREATE TABLE public.loose (id integer, client_id integer, date_echeance date, solde numeric, email text);
INSERT INTO public.loose VALUES (1, 1, '2026-03-01', 7, 'x@y.example'), (2, 2, '2026-03-01', 7, NULL);
SELECT dunning.adopt('public.loose', columns => '{"key": "id"}') \g /dev/null
INSERT INTO public.loose VALUES (NULL, 1, '2026-03-01', 7, NULL);
SELECT set_eq($$ SELECT item::text, customer::text, problem FROM dunning.ledger_problems('loose') $$, $$ VALUES (NULL, '1', 'no key'), (NULL, '2', 'no contact') $$, 'a key that went missing; addresses of the items themselves');
SELECT dunning.release_ledger('loose') \g /dev/null
-- a currency that is no code has the decimals of none
CREATE TABLE public.odd (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric, devise text);
INSERT INTO public.odd VALUES (1, 1, '2026-03-01', 7, 'EUR'), (2, 1, '2026-03-01', 7, 'jpy'), (3, 1, '2026-03-01', 8, 'jpy'), (4, 1, '2026-03-01', 0, 'kwd'), (5, 1, '2026-03-01', 7, 'JPY');
SELECT dunning.adopt('public.odd') \g /dev/null
SELECT results_eq($$ SELECT item::text, problem, detail FROM dunning.ledger_problems('odd') $$,
	$$ VALUES (NULL::text, 'unknown currency', '2 open item(s) are in "jpy", which is no code of dunning.currency, so amounts are rounded to 2 decimals, such as of the item 2.') $$, 'a currency that is not known');
SELECT dunning.release_ledger('odd') \g /dev/null

--
-- A ledger of an ERP stays one, and one of a table stays that
--
CREATE TABLE public.inv (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric);
INSERT INTO public.inv VALUES (1, 1, '2026-03-01', 7);
SELECT dunning.adopt_erp('docs', watch => true), dunning.adopt('public.facture') \g /dev/null
-- what was cancelled on the real day counts on the day of this story
SET session_replication_role = replica; UPDATE dunning.reminder SET cancelled_on = raised_on WHERE state = 'cancelled'; RESET session_replication_role;
CALL dunning.run(dunning.today());
CREATE TEMP TABLE waiting AS SELECT * FROM dunning.reminder WHERE state = 'pending';
SELECT cmp_ok((SELECT count(DISTINCT ledger) FROM waiting), '=', 2::bigint, 'both ledgers have reminders');
SELECT throws_ok($$ SELECT dunning.adopt('public.inv', ledger => 'docs', replace => true) $$, '22023', 'ledger "docs" is of the ERP "docs"', 'a table does not take the place of an ERP');
SELECT is(pg_temp.hint_of($$ SELECT dunning.adopt('public.inv', ledger => 'docs', replace => true) $$),
	'Adopt its ERP again: SELECT * FROM dunning.adopt_erp(''docs'', ledger => ''docs'', replace => true); or give another name (ledger => ...), or release it for good: SELECT dunning.release_ledger(''docs'').', 'the hint says what can be done');
SELECT throws_ok($$ SELECT dunning.adopt('public.inv', ledger => 'docs') $$, '42710', 'ledger "docs" exists already', 'without replace it exists');
SELECT unalike(pg_temp.hint_of($$ SELECT dunning.adopt('public.inv', ledger => 'docs') $$), 'Give another name, or replace%', 'and replace is not what it is told');
SELECT throws_ok($$ SELECT dunning.adopt_erp('bills', ledger => 'facture', replace => true) $$, '22023', 'ledger "facture" is of no ERP', 'nor an ERP that of a table');
SELECT is(pg_temp.hint_of($$ SELECT dunning.adopt_erp('bills', ledger => 'facture', replace => true) $$),
	'Give another name (ledger => ...), or release it for good: SELECT dunning.release_ledger(''facture'').', 'the hint says what can be done');
SELECT throws_ok($$ SELECT dunning.adopt_erp('bills', ledger => 'facture') $$, '42710', 'ledger "facture" exists already', 'without replace it exists');
SELECT is(pg_temp.hint_of($$ SELECT dunning.adopt_erp('bills', ledger => 'facture') $$),
	'Give another name (ledger => ...), or release it for good: SELECT dunning.release_ledger(''facture'').', 'and replace is not what it is told');
SELECT dunning.release_ledger('docs', keep => true), dunning.release_ledger('facture', keep => true) \g /dev/null
SELECT throws_ok($$ SELECT dunning.adopt('public.inv', ledger => 'docs', columns => '{"open_amount": "solde"}') $$, '22023', 'ledger "docs" is of the ERP "docs"', 'the same while it is released to be adopted again');
SELECT throws_ok($$ SELECT dunning.adopt_erp('bills', ledger => 'facture') $$, '22023', 'ledger "facture" is of no ERP', 'of either kind');
SELECT lives_ok(substring(pg_temp.hint_of($$ SELECT dunning.adopt('public.inv', ledger => 'docs') $$) FROM 'SELECT[^;]*'), 'the statement of the hint works');
SELECT lives_ok($$ SELECT dunning.adopt('public.facture') $$, 'so does the table again');
CALL dunning.run(dunning.today());
SELECT set_eq($$ SELECT * FROM dunning.reminder WHERE state = 'pending' $$, 'SELECT * FROM waiting', 'no reminder was lost');

--
-- Hints for what changed while a ledger was released, and for a column of a table
--
SELECT dunning.release_ledger('docs', keep => true) \g /dev/null
ALTER SCHEMA uno RENAME TO eins;
SELECT matches((SELECT problem FROM dunning.check_ledgers() WHERE ledger = 'docs'), 'pending reminder\(s\) wait; schema "uno" is gone; docs is in schema "eins"$', 'the check finds the schema of a released ledger');
ALTER TABLE eins.doc RENAME total TO sum;
SELECT set_eq($$ SELECT ok, hint FROM dunning.check_ledgers() WHERE ledger = 'docs' $$, $$ VALUES (false,
	'No schema holds what the profile of docs looks for, so it cannot be adopted again before the tables or the profile are put right; its reminders wait until then. To release it for good, which cancels them: SELECT dunning.release_ledger(''docs'').') $$,
	'where no schema holds its ERP, no statement is offered that must fail');
ALTER SCHEMA eins RENAME TO uno;
SELECT matches((SELECT problem FROM dunning.check_ledgers() WHERE ledger = 'docs'), 'wait; docs is no longer seen in schema "uno"$', 'and it is said');
ALTER TABLE uno.doc RENAME sum TO total;
-- another ledger's schema is not offered
SELECT pg_temp.books('other', 'doc') \g /dev/null
SELECT dunning.adopt_erp('docs', schema => 'other', ledger => 'second') \g /dev/null
ALTER TABLE uno.doc RENAME total TO sum;
SELECT alike((SELECT hint FROM dunning.check_ledgers() WHERE ledger = 'docs'), 'No schema holds%', 'the schema of another ledger is not offered');
ALTER TABLE uno.doc RENAME sum TO total;
SELECT dunning.release_ledger('second') \g /dev/null
DROP SCHEMA other CASCADE;
ALTER SCHEMA uno RENAME TO eins;
SELECT lives_ok((SELECT substring(hint FROM 'SELECT[^;]*') FROM dunning.check_ledgers() WHERE ledger = 'docs'), 'the statement of the hint adopts it where it is now');
SELECT is((SELECT erp_schema FROM dunning.ledger WHERE ledger = 'docs'), 'eins', 'so it does');
SELECT dunning.release_ledger('docs', keep => true) \g /dev/null
ALTER SCHEMA eins RENAME TO uno;
SELECT lives_ok((SELECT substring(hint FROM 'SELECT[^;]*') FROM dunning.check_ledgers() WHERE ledger = 'docs'), 'and back');

ALTER TABLE public.facture RENAME solde TO reste;
SELECT is((SELECT hint FROM dunning.check_ledgers() WHERE ledger = 'facture'),
	format('Adopt it again with the columns as they are now, its history stays; they were: SELECT * FROM dunning.adopt(''public.facture'', ledger => ''facture'', columns => %L, replace => true).',
		'{"key": "id", "due_on": "date_echeance", "customer": "client_id", "open_amount": "solde"}'::jsonb), 'a column that was renamed: the hint has the mapping as it was');
SELECT set_eq($$ SELECT ok, problem FROM dunning.check_ledgers() WHERE ledger = 'facture' $$, $$ VALUES (true, 'column "solde" of public.facture is gone') $$, 'though the views follow it');
SELECT lives_ok((SELECT replace(substring(hint FROM 'SELECT.*\)'), 'solde', 'reste') FROM dunning.check_ledgers() WHERE ledger = 'facture'), 'with the new name it can be executed');
SELECT set_eq($$ SELECT * FROM dunning.reminder WHERE state = 'pending' $$, 'SELECT * FROM waiting', 'still no reminder was lost');

--
-- Problems of all ledgers, of which one cannot be read
--
INSERT INTO public.facture VALUES (2, 1, NULL, 7);
ALTER TABLE uno.doc DROP COLUMN total CASCADE;
SELECT dunning.rebuild_ledgers() \g /dev/null
SELECT set_eq('SELECT ledger::text, item::text, customer::text, problem, detail FROM dunning.ledger_problems()', $$ VALUES
	('docs', NULL, NULL, 'cannot be read', 'ledger "docs" cannot be read'), ('facture', '2', '1', 'no due date', 'The item is never overdue.') $$, 'one that cannot be read is a row among the problems of the others');
SELECT set_eq($$ SELECT ledger::text, problem FROM dunning.ledger_problems('docs') $$, $$ VALUES ('docs', 'cannot be read') $$, 'so it is by its name');
ALTER TABLE uno.doc ADD COLUMN total numeric NOT NULL DEFAULT 100;
SELECT dunning.release_ledger('docs'), dunning.release_ledger('facture') \g /dev/null

--
-- ERPs that go by the profile of another
--
SELECT alike(pg_temp.hint_of(format('SELECT dunning.adopt_erp(%L)', erp)), 'It is adopted by the profile "idempiere". Known are: %', erp || ' goes by the profile of iDempiere')
FROM unnest(ARRAY['metasfresh', 'adempiere', 'ADempiere']) AS erp;
SELECT alike(pg_temp.hint_of($$ SELECT dunning.adopt_erp('or') $$), 'Known are: %', 'a word of a title is no ERP');

--
-- Profiles that are wrong
--
INSERT INTO dunning.erp (name, title, description) VALUES ('half', 'Half', 'a profile without views'), ('wild', 'Wild', 'a profile that fails');
CREATE FUNCTION _dunning.erp_half_detect(schema name) RETURNS TABLE (version text, sure numeric, evidence text) LANGUAGE sql STABLE AS $$ SELECT '1', 0.5, 'x' WHERE schema = 'uno' $$;
CREATE FUNCTION _dunning.erp_wild_detect(schema name) RETURNS TABLE (version text, sure numeric, evidence text) LANGUAGE sql STABLE AS $$ SELECT '1', 1 / 0, 'x' $$;
SELECT throws_ok($$ SELECT dunning.adopt_erp('half') $$, '42883', 'the profile of ERP "half" has no function that makes its views', 'a profile without views is told');
CREATE FUNCTION _dunning.erp_half_views(schema name, version text) RETURNS TABLE (view name, query text, description text) LANGUAGE sql STABLE AS $$ SELECT 'other'::name, 'SELECT 1 AS x', 'x' $$;
SELECT throws_ok($$ SELECT dunning.adopt_erp('half') $$, '42P01', 'the profile of ERP "half" makes no view "item"', 'or without that of the items');
CREATE OR REPLACE FUNCTION _dunning.erp_half_views(schema name, version text) RETURNS TABLE (view name, query text, description text) LANGUAGE sql STABLE AS
	$$ SELECT 'item'::name, format('SELECT id AS key, customer, due AS due_on, total AS amount, total / (id - 1) AS open_amount FROM %I.doc', schema), 'x' $$;
SELECT throws_ok($$ SELECT dunning.adopt_erp('half') $$, '22012', 'the views over half cannot be read', 'or whose views raise an error');
SELECT hasnt_schema('dunning_half', 'of which nothing stays');
SELECT set_eq('SELECT erp FROM dunning.detect_erp()', $$ VALUES ('docs'), ('bills'), ('half') $$, 'a profile that raises an error does not hide the others');
SELECT throws_ok($$ SELECT dunning.adopt_erp('wild') $$, '42704', 'no known ERP was found', 'and sees nothing itself');
DELETE FROM dunning.erp WHERE name IN ('half', 'wild');

--
-- Rights
--
DROP ROLE IF EXISTS dunning_plain, dunning_all;
CREATE ROLE dunning_plain;
CREATE ROLE dunning_all;
GRANT ALL ON ALL TABLES IN SCHEMA dunning TO dunning_all;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA dunning TO dunning_all;
SET ROLE dunning_plain;
SELECT throws_ok('SELECT dunning.detect_erp()', '42501', 'permission denied for function detect_erp', 'detect is for those to whom it is granted');
SET ROLE dunning_all;
SELECT lives_ok('SELECT dunning.detect_erp()', 'who may, sees what is there');
SELECT throws_ok('SELECT dunning.adopt_erp()', '42501', 'only the owner of dunning.open_item can adopt a ledger', 'but adoption is for the owner, which is said at once');
SELECT throws_ok($$ SELECT dunning.release_ledger('docs') $$, '42501', 'only the owner of dunning.open_item can release a ledger', 'so is release');
RESET ROLE;
DROP OWNED BY dunning_plain, dunning_all;
DROP ROLE dunning_plain, dunning_all;

SELECT * FROM finish();
