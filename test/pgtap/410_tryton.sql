-- The profile of Tryton over a small fixture of its tables: groups of lines
-- that apply to each other, in one currency and in two.  The expected figures
-- stand in the test, reckoned by hand.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT no_plan();

SELECT is_empty('SELECT * FROM dunning.detect_erp()', 'nothing is seen in an empty database');
SELECT throws_ok('SELECT dunning.adopt_erp()', '42704', NULL, 'so nothing can be adopted');
SELECT throws_ok($$ SELECT dunning.adopt_erp('sap') $$, '42704', 'ERP "sap" is not known', 'an ERP without a profile is not known');

CREATE SCHEMA books;
SET search_path = books, public;
CREATE TABLE currency_currency (id integer PRIMARY KEY, code varchar(3), digits integer);
CREATE TABLE party_party (id integer PRIMARY KEY, name varchar, code varchar);
CREATE TABLE company_company (id integer PRIMARY KEY, party integer, currency integer);
CREATE TABLE ir_lang (id integer PRIMARY KEY, code varchar);
CREATE TABLE party_party_lang (id integer PRIMARY KEY, party integer, lang integer, company integer);
CREATE TABLE party_contact_mechanism (id integer PRIMARY KEY, party integer, type varchar, value varchar, active boolean, sequence integer, invoice boolean);
CREATE TABLE party_identifier (id integer PRIMARY KEY, party integer, type varchar, code varchar);
CREATE TABLE account_account_type (id integer PRIMARY KEY, receivable boolean);
CREATE TABLE account_account (id integer PRIMARY KEY, type integer);
CREATE TABLE account_move (id integer PRIMARY KEY, company integer, date date, number varchar, origin varchar, state varchar);
CREATE TABLE account_move_reconciliation (id integer PRIMARY KEY, date date, name varchar);
CREATE TABLE account_move_line (id integer PRIMARY KEY, move integer, account integer, party integer, debit numeric NOT NULL, credit numeric NOT NULL,
	maturity_date date, reconciliation integer, second_currency integer, amount_second_currency numeric, payment_blocked boolean);
CREATE TABLE account_invoice (id integer PRIMARY KEY, number varchar, party integer, move integer, account integer, state varchar, type varchar, payment_term_date date);
CREATE TABLE "account_invoice-account_move_line" (id integer PRIMARY KEY, invoice integer, line integer UNIQUE);
CREATE TABLE account_dunning (id integer PRIMARY KEY, line integer UNIQUE, blocked boolean);
CREATE TABLE account_dunning_procedure (id integer PRIMARY KEY, name varchar);
CREATE TABLE party_party_dunning_procedure (id integer PRIMARY KEY, party integer, dunning_procedure integer);

INSERT INTO currency_currency VALUES (1, 'EUR', 2), (2, 'USD', 2), (3, 'JPY', 0);
INSERT INTO party_party VALUES (1, 'The company'), (2, 'Durand'), (3, 'Müller'), (4, 'No address');
INSERT INTO company_company VALUES (1, 1, 1);
INSERT INTO ir_lang VALUES (1, 'fr'), (2, 'de'), (3, 'en');
INSERT INTO party_party_lang VALUES (1, 2, 3, 1), (2, 2, 1, NULL), (3, 3, 2, NULL);
INSERT INTO party_contact_mechanism VALUES
	(1, 2, 'email', 'old@durand.example', false, 1, false), (2, 2, 'email', 'first@durand.example', true, 2, false),
	(3, 2, 'email', 'billing@durand.example', true, 3, true), (4, 2, 'mobile', '+33 6', true, 4, false),
	(5, 3, 'email', '', true, 1, false), (6, 3, 'phone', '+49 30', true, 2, false), (7, 3, 'website', 'example.org', true, 1, false);
INSERT INTO party_identifier VALUES (1, 2, 'eu_vat', 'FR00');
INSERT INTO account_account_type VALUES (1, true), (2, false);
INSERT INTO account_account VALUES (10, 1), (20, 2), (30, NULL);
INSERT INTO account_move VALUES
	(1, 1, '2026-01-10', 'M1', 'account.invoice,1', 'posted'),
	(2, 1, '2026-02-20', 'M2', 'account.invoice,1', 'posted'),
	(3, 1, '2026-03-20', 'M3', 'account.statement,7', 'posted'),
	(4, 1, '2026-01-15', 'M4', 'account.invoice,2', 'posted'),
	(5, 1, '2026-03-01', 'M5', 'account.invoice,2', 'posted'),
	(6, 1, '2026-01-20', 'M6', 'account.invoice,3', 'posted'),
	(7, 1, '2026-02-01', 'M7', 'account.invoice,3', 'posted'),
	(8, 1, '2026-01-25', 'M8', 'account.invoice,4', 'draft'),
	(9, 1, '2026-01-25', 'M9', NULL, 'posted'),
	(10, 1, '2026-02-10', 'M10', 'account.invoice,5', 'posted'),
	(11, 1, '2026-03-05', 'M11', 'account.invoice,5', 'posted'),
	(12, 1, '2026-02-01', 'M12', 'account.invoice,6', 'posted'),
	(13, 1, '2026-02-15', 'M13', 'account.invoice,6', 'posted'),
	(14, 1, '2026-04-01', 'M14', NULL, 'posted'),
	(15, 1, '2026-02-28', 'M15', 'account.invoice,12345678901234567890', 'posted');
INSERT INTO account_invoice VALUES (1, 'F1', 2, 1, 10, 'paid', 'out'), (2, 'F2', 2, 4, 10, 'posted', 'out'), (3, 'F3', 3, 6, 10, 'cancelled', 'out'),
	(4, 'F4', 3, 8, 10, 'validated', 'out'), (5, 'F5', 3, 10, 10, 'posted', 'out'), (6, 'F6', 4, 12, 10, 'paid', 'out');
INSERT INTO account_move_reconciliation VALUES (1, '2026-03-20'), (2, '2026-02-01'), (3, '2026-04-01');
INSERT INTO account_move_line VALUES
	-- F1: two instalments, the later entered first; a payment of 150 and one of 50
	(101, 1, 10, 2, 100, 0, '2026-03-10', 1), (102, 1, 10, 2, 100, 0, '2026-02-10', 1), (103, 1, 20, NULL, 0, 200, NULL, NULL),
	(104, 2, 10, 2, 0, 150, NULL, 1), (105, 3, 10, 2, 0, 50, NULL, 1),
	-- F2: two instalments, a part payment that is not reconciled, of more than the first
	(106, 4, 10, 2, 60, 0, '2026-02-15', NULL), (107, 4, 10, 2, 40, 0, '2026-03-15', NULL), (108, 5, 10, 2, 0, 75, NULL, NULL),
	-- F3: cancelled by a move of its own
	(109, 6, 10, 3, 30, 0, '2026-02-20', 2), (110, 7, 10, 3, 0, 30, NULL, 2),
	-- F4: a draft; a payment on account; a line of another account, one of no party
	(111, 8, 10, 3, 500, 0, '2026-02-25', NULL), (112, 9, 10, 3, 0, 20, NULL, NULL), (113, 9, 20, 3, 20, 0, NULL, NULL), (114, 9, 10, NULL, 7, 0, NULL, NULL),
	(115, 9, 30, 3, 5, 0, NULL, NULL);
INSERT INTO account_move_line VALUES
	-- F5: 100.00 USD for 90.00 EUR, a third of it paid at another rate
	(116, 10, 10, 3, 90, 0, '2026-03-10', NULL, 2, 100), (117, 11, 10, 3, 0, 32, NULL, NULL, 2, -33.33),
	-- F6: 1000 JPY for 8.00 EUR, paid in two; the last payment is noted in euros only
	(118, 12, 10, 4, 8, 0, '2026-03-01', 3, 3, 1000), (119, 13, 10, 4, 0, 3, NULL, 3, 3, -350), (120, 14, 10, 4, 0, 5, NULL, 3, NULL, NULL),
	-- no maturity, and an origin that is no number
	(121, 15, 10, 4, 12, 0, NULL, NULL, NULL, NULL);
UPDATE account_move_line SET payment_blocked = id = 107;
INSERT INTO "account_invoice-account_move_line" VALUES (1, 1, 104), (2, 2, 108), (3, 5, 117), (4, 6, 119);
INSERT INTO account_dunning VALUES (1, 116, true), (2, 106, false);
INSERT INTO account_dunning_procedure VALUES (1, 'Strict'), (2, 'Unknown here');
INSERT INTO party_party_dunning_procedure VALUES (1, 2, 1), (2, 3, 2);
INSERT INTO dunning.procedure (name, procedure) VALUES ('Strict', '1 letter; 10 letter');
RESET search_path;

SELECT set_eq('SELECT erp, version, schema::text, sure FROM dunning.detect_erp()', $$ VALUES ('tryton', '6.0', 'books', 0.8) $$, 'the tables are seen, less surely without those of its modules');
SELECT set_eq($$ SELECT field, source FROM dunning.adopt_erp('tryton', ledger => 'tr', rule => NULL, watch => true) WHERE field IN ('view', 'watch', 'advice', 'problems') $$,
	$$ VALUES ('view', 'dunning_tr.item'), ('view', 'dunning_tr.payment'), ('view', 'dunning_tr.whole_payment'), ('view', 'dunning_tr.customer'), ('view', 'dunning_tr.line'),
		('watch', 'books.account_move_line.id'),
		('advice', 'CREATE INDEX ON books.account_move_line (party)'), ('advice', 'CREATE INDEX ON books.account_move_line (reconciliation)'),
		('advice', 'CREATE INDEX ON books.account_move_line (move)'), ('advice', 'CREATE INDEX ON books."account_invoice-account_move_line" (invoice)'),
		('advice', 'CREATE INDEX ON books.party_contact_mechanism (party)'), ('problems', '2') $$,
	'what adoption makes, watches and advises');
SELECT is_empty($$ SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid WHERE c.relnamespace = 'books'::regnamespace AND NOT i.indisunique $$,
	'it creates no index');
SELECT throws_ok($$ SELECT dunning.adopt_erp(ledger => 'tr') $$, '42710', 'ledger "tr" exists already', 'a second time it needs replace');

-- Further columns: the category and the region of a party, who sold, and amounts without tax
BEGIN;
SET LOCAL search_path = books, public;
CREATE TABLE party_category (id integer PRIMARY KEY, name varchar);
CREATE TABLE party_category_rel (id integer PRIMARY KEY, party integer, category integer);
CREATE TABLE country_subdivision (id integer PRIMARY KEY, name varchar);
CREATE TABLE party_address (id integer PRIMARY KEY, party integer, active boolean, sequence integer, subdivision integer);
CREATE TABLE account_invoice_tax (id integer PRIMARY KEY, invoice integer, base numeric, amount numeric);
CREATE TABLE commission_agent (id integer PRIMARY KEY, party integer);
ALTER TABLE account_invoice ADD agent integer;
INSERT INTO party_party (id, name) VALUES (21, 'Anne');
INSERT INTO party_category VALUES (1, 'Retail'), (2, 'Chain');
INSERT INTO party_category_rel VALUES (2, 2, 2), (1, 2, 1);
INSERT INTO country_subdivision VALUES (59, 'Nord'), (13, 'Sud');
INSERT INTO party_address VALUES (1, 2, false, 1, 13), (2, 2, true, 2, 59), (3, 3, true, 1, NULL);
INSERT INTO account_invoice_tax VALUES (1, 1, 150, 30), (2, 1, 18, 2), (3, 5, 90, 10);
INSERT INTO commission_agent VALUES (1, 21);
UPDATE account_invoice SET agent = 1 WHERE id = 5;
SELECT dunning.adopt_erp(ledger => 'tr', replace => true) \g /dev/null
-- F1 of 200 bears 32 of tax, F5 of 100 dollars 10; F2 has none
SELECT set_eq($$ SELECT item::text, net_amount, class, attributes FROM dunning.ledger_items('2026-06-01') WHERE item IN ('101', '104', '106', '116', '117', '121') $$,
	$$ VALUES ('101', 84::numeric, 'Retail', '{"seller": null, "region": "Nord"}'::jsonb), ('104', NULL, 'Retail', '{"seller": null, "region": "Nord"}'), ('106', 60, 'Retail', '{"seller": null, "region": "Nord"}'),
		('116', 90, NULL, '{"seller": "Anne", "region": null}'), ('117', NULL, NULL, '{"seller": "Anne", "region": null}'), ('121', NULL, NULL, '{"seller": null, "region": null}') $$, 'by the tables of Tryton; a payment bears no tax');
ROLLBACK;


-- the items of a day: what was issued and what is open, in both currencies
CREATE FUNCTION pg_temp.on_day(day date) RETURNS TABLE (item text, currency text, open_amount numeric, company_open_amount numeric) LANGUAGE sql AS
	'SELECT item::text, currency, open_amount, company_open_amount FROM dunning.open_items(day)';
SELECT set_eq($$ SELECT * FROM pg_temp.on_day('2026-01-31') $$, $$ VALUES ('101', 'EUR', 100, 100), ('102', 'EUR', 100, 100), ('106', 'EUR', 60, 60), ('107', 'EUR', 40, 40),
	('109', 'EUR', 30, 30), ('112', 'EUR', -20, -20) $$, 'the end of January: a cancelled invoice was open, a draft never is');
SELECT set_eq($$ SELECT * FROM pg_temp.on_day('2026-02-28') $$, $$ VALUES ('101', 'EUR', 50, 50), ('106', 'EUR', 60, 60), ('107', 'EUR', 40, 40),
	('112', 'EUR', -20, -20), ('116', 'USD', 100, 90), ('118', 'JPY', 625, 5), ('121', 'EUR', 12, 12) $$, 'the end of February: a payment fills the instalments by their due dates');
SELECT set_eq($$ SELECT * FROM pg_temp.on_day('2026-03-31') $$, $$ VALUES ('107', 'EUR', 25, 25),
	('112', 'EUR', -20, -20), ('116', 'USD', 66.67, 58), ('118', 'JPY', 625, 5), ('121', 'EUR', 12, 12) $$, 'the end of March: a part payment counts before it is reconciled');
SELECT set_eq($$ SELECT * FROM pg_temp.on_day('2026-04-30') $$, $$ VALUES ('107', 'EUR', 25, 25),
	('112', 'EUR', -20, -20), ('116', 'USD', 66.67, 58), ('121', 'EUR', 12, 12) $$, 'the end of April: what is reconciled is settled');
SELECT is_empty($$ SELECT d::date FROM generate_series(timestamp '2026-01-01', '2026-05-01', '1 day') AS d
	WHERE (SELECT coalesce(sum(o.company_open_amount), 0) FROM dunning.open_items(d::date) AS o) <>
		(SELECT coalesce(sum(l.debit - l.credit), 0) FROM books.account_move_line AS l JOIN books.account_move AS m ON m.id = l.move
			WHERE l.account = 10 AND l.party IS NOT NULL AND m.state = 'posted' AND m.date <= d) $$,
	'on every day the items add up to the ledger, in the company''s currency');
SELECT is_empty($$ SELECT item, sum(amount) FROM dunning_tr.payment GROUP BY item HAVING sum(amount) <> (SELECT i.amount FROM dunning_tr.item AS i WHERE i.key = item)
		AND item IN (SELECT l.id FROM books.account_move_line AS l WHERE l.reconciliation IS NOT NULL) $$,
	'what is reconciled is settled to the last unit of each currency');

SELECT set_eq($$ SELECT item::text, reference, due_on, held, procedure FROM dunning.open_items('2026-04-30') ORDER BY 1 $$,
	$$ VALUES ('107', 'F2', date '2026-03-15', true, 'Strict'), ('112', 'M9', '2026-01-25', false, NULL), ('116', 'F5', '2026-03-10', true, NULL), ('121', 'M15', '2026-02-28', false, NULL) $$,
	'reference, due date or the day of the move, Tryton''s blocks, and the procedure of the same name');
SELECT set_eq('SELECT key, name, email, phone, language, professional FROM dunning_tr.customer ORDER BY key',
	$$ VALUES (1, 'The company', NULL, NULL, NULL, NULL), (2, 'Durand', 'billing@durand.example', '+33 6', 'fr', true), (3, 'Müller', NULL, '+49 30', 'de', NULL),
		(4, 'No address', NULL, NULL, NULL, NULL) $$, 'addresses: active ones, those for invoices first; the language of no company first');
SELECT set_eq($$ SELECT item::text, customer::text, problem FROM dunning.ledger_problems('tr', '2026-04-30') $$,
	$$ VALUES ('121', '4', 'no due date'), (NULL, '4', 'no contact') $$, 'what is wrong in the books');

-- a reconciliation cancels what was to be sent
SET dunning.today = '2026-05-10';
SELECT set_eq('SELECT item::text, dunnable, document::text FROM dunning.ledger_items(dunning.today()) WHERE item::text::integer BETWEEN 101 AND 121',
	$$ VALUES ('101', true, '1'), ('102', true, '1'), ('104', true, '2'), ('105', true, NULL), ('106', true, '4'), ('107', true, '4'), ('108', true, '5'), ('109', true, '6'), ('110', true, '7'),
		('112', true, NULL), ('116', true, '10'), ('117', true, '11'), ('118', true, '12'), ('119', true, '13'), ('120', true, NULL), ('121', false, '15') $$,
	'a line without a maturity date is never dunned; the lines of an invoice are one document');
CALL dunning.run(dunning.today());
SELECT is_empty('SELECT * FROM dunning.reminder', 'what is held is not reminded, nor a credit, nor what Tryton never duns');
SELECT set_eq('SELECT item::text, state::text, problem FROM dunning.worklist WHERE NOT dunnable', $$ VALUES ('121', NULL, NULL) $$, 'which is on the work list without a step');
UPDATE books.account_move_line SET maturity_date = '2026-02-28' WHERE id = 121;
CALL dunning.run(dunning.today());
SELECT set_eq('SELECT item::text, level, state::text FROM dunning.reminder', $$ VALUES ('121', 1, 'pending') $$, 'with a date it is');
INSERT INTO books.account_move VALUES (16, 1, '2026-05-10', 'M16', NULL, 'posted');
INSERT INTO books.account_move_line VALUES (122, 16, 10, 4, 0, 12, NULL, NULL);
SELECT set_eq('SELECT item::text, state::text FROM dunning.reminder', $$ VALUES ('121', 'pending') $$, 'a payment that is not applied changes nothing');
INSERT INTO books.account_move_reconciliation VALUES (4, '2026-05-10');
UPDATE books.account_move_line SET reconciliation = 4 WHERE id IN (121, 122);
SELECT set_eq('SELECT item::text, state::text, reason FROM dunning.reminder', $$ VALUES ('121', 'cancelled', 'settled') $$, 'its reconciliation cancels the reminder');

-- one that is noted and covers the item waits for the next run, as adoption says
INSERT INTO books.account_move VALUES (17, 1, '2026-05-01', 'M17', 'account.invoice,7', 'posted'), (18, 1, '2026-05-10', 'M18', 'account.invoice,7', 'posted');
INSERT INTO books.account_invoice VALUES (7, 'F7', 4, 17, 10, 'posted', 'out');
INSERT INTO books.account_move_line VALUES (123, 17, 10, 4, 30, 0, '2026-05-05', NULL), (124, 18, 10, 4, 0, 30, NULL, NULL);
CALL dunning.run(dunning.today());
SELECT set_eq($$ SELECT item::text, state::text FROM dunning.reminder WHERE item = '123' $$, $$ VALUES ('123', 'pending') $$, 'an invoice is reminded, whatever lies on account');
INSERT INTO books."account_invoice-account_move_line" VALUES (5, 7, 124);
SELECT is_empty($$ SELECT item FROM dunning.open_item WHERE item IN ('123', '124') $$, 'a payment that is noted as its own covers it at once');
SELECT set_eq($$ SELECT state::text, reason FROM dunning.reminder WHERE item = '123' $$, $$ VALUES ('pending', NULL) $$, 'its reminder stays as it is');
CALL dunning.run(dunning.today());
SELECT set_eq($$ SELECT state::text, reason FROM dunning.reminder WHERE item = '123' $$, $$ VALUES ('cancelled', 'no longer open') $$, 'until the next run');

-- columns that change, and the way back
ALTER TABLE books.account_move_line ALTER maturity_date SET STATISTICS 10;
SELECT set_eq('SELECT ok, problem FROM dunning.check_ledgers()', 'VALUES (true, NULL::text)', 'all is in order');
ALTER TABLE books.party_identifier RENAME type TO kind;
SELECT set_eq('SELECT ok, problem FROM dunning.check_ledgers()', $$ VALUES (true, 'column "type" of books.party_identifier is gone') $$, 'a column that is renamed is told, though the views follow it');
ALTER TABLE books.party_identifier RENAME kind TO type;
DROP TABLE books.account_dunning CASCADE;
SELECT throws_ok('SELECT count(*) FROM dunning.open_item', '55000', 'ledger "tr" cannot be read', 'without one of its tables the ledger is an error');
SELECT set_eq($$ SELECT ok, problem ~ 'the items are gone' AND problem ~ 'table books.account_dunning is gone', hint FROM dunning.check_ledgers() $$,
	$$ VALUES (false, true, 'Adopt it again, its history stays: SELECT * FROM dunning.adopt_erp(''tryton'', schema => ''books'', ledger => ''tr'', replace => true).') $$,
	'which check_ledgers explains');
CREATE INDEX ON books.account_move_line (party);
CREATE INDEX ON books.account_move_line (reconciliation);
CREATE INDEX ON books.account_move_line (move);
CREATE INDEX ON books."account_invoice-account_move_line" (invoice);
CREATE INDEX ON books.party_contact_mechanism (party);
SELECT lives_ok($$ SELECT dunning.adopt_erp('tryton', schema => 'books', ledger => 'tr', replace => true) $$, 'and it can be adopted again');
SELECT is((SELECT columns #>> '{payments,indexed}' FROM dunning.ledger), 'true', 'with the indexes the payments of an item are looked up');
SELECT set_eq('SELECT item::text, open_amount FROM dunning.open_item', $$ VALUES ('107', 25), ('112', -20), ('116', 66.67) $$, 'with the same figures');
SELECT is((SELECT held FROM dunning.open_item WHERE item = '116'), false, 'less what it no longer knows');
SELECT is((SELECT count(*) FROM dunning.reminder), 2::bigint, 'and its history');

-- two of them
CREATE FUNCTION pg_temp.copy_tables(target text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	t name;
BEGIN
	EXECUTE format('CREATE SCHEMA %I', target);
	FOR t IN SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'books'::regnamespace AND c.relkind = 'r' LOOP
		EXECUTE format('CREATE TABLE %I.%I (LIKE books.%I INCLUDING ALL)', target, t, t);
	END LOOP;
END
$$;
SELECT pg_temp.copy_tables('more');
SELECT throws_ok('SELECT dunning.adopt_erp()', '42P08', 'more than one ERP was found', 'of two one has to be named');
DROP SCHEMA more CASCADE;

-- what a user built on the views is not dropped with them
CREATE VIEW mine AS SELECT count(*) FROM dunning_tr.item;
SELECT throws_ok($$ SELECT dunning.release_ledger('tr') $$, '2BP01', NULL, 'a view of a user on the views keeps the ledger');
DROP VIEW mine;
SELECT is(dunning.release_ledger('tr'), 0, 'released');
SELECT hasnt_schema('dunning_tr', 'the views are gone with their schema');
SELECT is_empty($$ SELECT tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE c.relnamespace = 'books'::regnamespace AND NOT t.tgisinternal $$, 'and the triggers');
SELECT is_empty('SELECT * FROM dunning.ledger WHERE erp IS NOT NULL', 'and the record of them');
CREATE SCHEMA dunning_tryton;
SELECT throws_ok('SELECT dunning.adopt_erp()', '42P06', 'schema "dunning_tryton" exists already', 'a schema of another is left alone');

DROP SCHEMA dunning_tryton;

-- What is seen can be adopted: all tables and columns without which it is seen
-- as well are taken away, as they are where a module is missing.
SELECT pg_temp.copy_tables('least');
DROP SCHEMA books CASCADE;
CREATE FUNCTION pg_temp.take_away() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	what text;
	n integer := 0;
BEGIN
	FOR what IN
		SELECT format('DROP TABLE least.%I', c.relname) FROM pg_class AS c WHERE c.relnamespace = 'least'::regnamespace AND c.relkind = 'r'
		UNION ALL
		SELECT format('ALTER TABLE least.%I DROP COLUMN %I', c.relname, a.attname)
		FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
		WHERE c.relnamespace = 'least'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
	LOOP
		BEGIN
			EXECUTE what;
			IF NOT EXISTS (SELECT FROM dunning.detect_erp()) THEN
				RAISE EXCEPTION USING ERRCODE = 'ZZ001';
			END IF;
			n := n + 1;
		EXCEPTION WHEN SQLSTATE 'ZZ001' OR undefined_table THEN
			NULL;
		END;
	END LOOP;
	RETURN n;
END
$$;
SELECT cmp_ok(pg_temp.take_away(), '>', 10, 'much can be missing');
SELECT hasnt_table('least', 'account_dunning', 'such as Tryton''s own dunning');
SELECT has_column('least', 'account_invoice', 'account', 'but not the invoices');
SELECT lives_ok('SELECT dunning.adopt_erp()', 'and what is seen can be adopted');
SELECT lives_ok('SELECT count(*) FROM dunning.open_item', 'and be read');
SELECT is(dunning.release_ledger('tryton'), 0, 'released');
DROP SCHEMA least CASCADE;

-- A later one.  Lines that are rescheduled or delegated are reconciled with a
-- move that is noted as an additional one of their invoice and need not name it.
CREATE SCHEMA later;
SET search_path = later, public;
CREATE TABLE ir_module (id integer PRIMARY KEY, name varchar);
CREATE TABLE currency_currency (id integer PRIMARY KEY, code varchar, digits integer);
CREATE TABLE party_party (id integer PRIMARY KEY, name varchar, code varchar);
CREATE TABLE company_company (id integer PRIMARY KEY, party integer, currency integer);
CREATE TABLE account_account_type (id integer PRIMARY KEY, receivable boolean);
CREATE TABLE account_account (id integer PRIMARY KEY, type integer);
CREATE TABLE account_move (id integer PRIMARY KEY, company integer, date date, number varchar, post_number varchar, origin varchar, state varchar);
CREATE TABLE account_move_line (id integer PRIMARY KEY, move integer, account integer, party integer, debit numeric NOT NULL, credit numeric NOT NULL,
	maturity_date date, reconciliation integer, second_currency integer, amount_second_currency numeric, payment_blocked boolean);
CREATE TABLE account_move_reconciliation (id integer PRIMARY KEY, company integer, number varchar, date date, delegate_to integer);
CREATE TABLE account_invoice (id integer PRIMARY KEY, number varchar, party integer, move integer, cancel_move integer, account integer, state varchar, type varchar,
	payment_term_date date, untaxed_amount_cache numeric, tax_amount_cache numeric, total_amount_cache numeric);
CREATE TABLE "account_invoice-account_move_line" (id integer PRIMARY KEY, invoice integer, line integer UNIQUE);
CREATE TABLE "account_invoice-additional-account_move" (id integer PRIMARY KEY, invoice integer NOT NULL, move integer);
CREATE TABLE account_invoice_alternative_payee (id integer PRIMARY KEY, invoice integer NOT NULL, party integer NOT NULL);

INSERT INTO currency_currency VALUES (1, 'EUR', 2);
INSERT INTO party_party VALUES (1, 'The company'), (2, 'Durand'), (3, 'Who pays for Durand');
INSERT INTO company_company VALUES (1, 1, 1);
INSERT INTO account_account_type VALUES (1, true);
INSERT INTO account_account VALUES (10, 1);
INSERT INTO account_move VALUES
	(1, 1, '2026-01-10', 'M1', 'P1', 'account.invoice,1', 'posted'),
	(2, 1, '2026-02-01', 'M2', 'P2', NULL, 'posted'),
	(3, 1, '2026-02-10', 'M3', 'P3', 'account.invoice,1', 'posted'),
	(4, 1, '2026-01-11', 'M4', 'P4', 'account.invoice,2', 'posted'),
	(5, 1, '2026-01-12', 'M5', 'P5', 'account.invoice,3', 'posted'),
	(6, 1, '2026-02-02', 'M6', 'P6', NULL, 'posted'),
	(7, 1, '2026-02-20', 'M7', 'P7', 'account.invoice,3', 'posted'),
	(8, 1, '2026-01-13', 'M8', 'P8', 'account.invoice,4', 'posted'),
	(9, 1, '2026-02-03', 'M9', 'P9', 'account.move,8', 'posted'),
	(10, 1, '2026-02-25', 'M10', 'P10', 'account.invoice,4', 'posted'),
	(11, 1, '2026-02-26', 'M11', 'P11', 'account.invoice,5', 'posted'),
	(12, 1, '2026-02-27', 'M12', 'P12', 'account.invoice,5', 'posted');
INSERT INTO account_invoice VALUES (1, 'F1', 2, 1, NULL, 10, 'posted', 'out'), (2, 'F2', 2, 4, NULL, 10, 'posted', 'out'), (3, 'F3', 2, 5, NULL, 10, 'posted', 'out'),
	(4, 'F4', 2, 8, NULL, 10, 'posted', 'out'), (5, 'C5', 2, 11, NULL, 10, 'posted', 'out');
INSERT INTO account_move_reconciliation VALUES (1, 1, '1', '2026-02-01', NULL), (2, 1, '2', '2026-02-02', NULL), (3, 1, '3', '2026-02-03', 111);
INSERT INTO account_move_line VALUES
	-- F1: 100 rescheduled to 50 and 50, of which a part is paid that is the first
	(101, 1, 10, 2, 100, 0, '2026-02-10', 1), (102, 2, 10, 2, 0, 100, NULL, 1), (103, 2, 10, 2, 50, 0, '2026-03-10', NULL), (104, 2, 10, 2, 50, 0, '2026-04-10', NULL),
	(105, 3, 10, 2, 0, 50, NULL, NULL),
	-- F2 and F3: 60 and 40 rescheduled together to 70 and 30, 80 paid of F3
	(106, 4, 10, 2, 60, 0, '2026-02-11', 2), (107, 5, 10, 2, 40, 0, '2026-02-12', 2), (108, 6, 10, 2, 0, 100, NULL, 2),
	(109, 6, 10, 2, 70, 0, '2026-03-11', NULL), (110, 6, 10, 2, 30, 0, '2026-04-11', NULL), (113, 7, 10, 2, 0, 80, NULL, NULL),
	-- F4: of two instalments the later, of 100, is delegated to another party, who pays 30
	(114, 8, 10, 2, 40, 0, '2026-02-13', NULL), (115, 8, 10, 2, 100, 0, '2026-03-13', 3), (112, 9, 10, 2, 0, 100, NULL, 3), (111, 9, 10, 3, 100, 0, '2026-03-13', NULL),
	(116, 10, 10, 3, 0, 30, NULL, NULL),
	-- C5: a credit note, of which 20 are noted as a payment of F4, and 15 were paid back for the rest of 10
	(117, 11, 10, 2, 0, 20, '2026-02-26', NULL), (118, 11, 10, 2, 0, 10, '2026-02-26', NULL), (119, 12, 10, 2, 15, 0, NULL, NULL);
INSERT INTO "account_invoice-additional-account_move" VALUES (1, 1, 2), (2, 2, 6), (3, 3, 6), (4, 4, 9);
INSERT INTO "account_invoice-account_move_line" VALUES (1, 1, 105), (2, 3, 113), (3, 4, 116), (4, 4, 117), (5, 5, 119);
INSERT INTO account_invoice_alternative_payee VALUES (1, 4, 3);
RESET search_path;

SELECT set_eq('SELECT version, schema::text, sure FROM dunning.detect_erp()', $$ VALUES ('7.0 or later', 'later', 1.0) $$, 'a later version is seen');
SELECT set_eq($$ SELECT source FROM dunning.adopt_erp(ledger => 'tr', rule => NULL) WHERE field = 'advice' AND source ~ 'additional' $$,
	$$ VALUES ('CREATE INDEX ON later."account_invoice-additional-account_move" (invoice)'), ('CREATE INDEX ON later."account_invoice-additional-account_move" (move)') $$,
	'and the indexes that it lacks');
SELECT set_eq($$ SELECT o.item::text, o.reference, o.open_amount FROM dunning.ledger_items('2026-06-01') AS o $$,
	$$ VALUES ('101', 'F1', 0.00), ('102', 'F1', 0), ('103', 'F1', 0), ('104', 'F1', 50), ('105', 'F1', 0),
		('106', 'F2', 0), ('107', 'F3', 0), ('108', 'F2', 0), ('109', 'F2', 0), ('110', 'F2', 20), ('113', 'F3', 0),
		('114', 'F4', 20), ('115', 'F4', 0), ('112', 'F4', 0), ('111', 'F4', 70), ('116', 'F4', 0),
		('117', 'C5', 0), ('118', 'C5', 0), ('119', 'C5', 5) $$,
	'a payment of an invoice fills its rescheduled lines, those of all invoices they stand for, and those of the party that pays');
SELECT set_eq($$ SELECT * FROM pg_temp.on_day('2026-01-31') $$, $$ VALUES ('101', 'EUR', 100, 100), ('106', 'EUR', 60, 60), ('107', 'EUR', 40, 40), ('114', 'EUR', 40, 40), ('115', 'EUR', 100, 100) $$,
	'before, the lines were open as they had been');
SELECT set_eq($$ SELECT * FROM pg_temp.on_day('2026-02-15') $$, $$ VALUES ('104', 'EUR', 50, 50), ('109', 'EUR', 70, 70), ('110', 'EUR', 30, 30), ('114', 'EUR', 40, 40), ('111', 'EUR', 100, 100) $$,
	'afterwards those that took their place');
SELECT is_empty($$ SELECT d::date FROM generate_series(timestamp '2026-01-01', '2026-04-01', '1 day') AS d
	WHERE (SELECT coalesce(sum(o.company_open_amount), 0) FROM dunning.open_items(d::date) AS o) <>
		(SELECT coalesce(sum(l.debit - l.credit), 0) FROM later.account_move_line AS l JOIN later.account_move AS m ON m.id = l.move WHERE m.date <= d) $$,
	'on every day the items add up to the ledger');
SELECT is(dunning.release_ledger('tr'), 0, 'released');

-- the versions between, by what each of them added
ALTER TABLE later.account_invoice DROP COLUMN total_amount_cache;
SELECT is((SELECT version FROM dunning.detect_erp()), '6.8', 'without stored totals of invoices it is 6.8');
ALTER TABLE later.account_move_reconciliation RENAME number TO name;
SELECT is((SELECT version FROM dunning.detect_erp()), '6.6', 'without numbers of reconciliations 6.6');
DROP TABLE later.account_invoice_alternative_payee;
SELECT is((SELECT version FROM dunning.detect_erp()), '6.2 or 6.4', 'without other payees 6.2 or 6.4');
SELECT lives_ok('SELECT dunning.adopt_erp()', 'which has additional moves, too');
SELECT is((SELECT open_amount FROM dunning.ledger_items('2026-06-01') WHERE item = '109'), 0.00, 'and rescheduled lines that are paid');
SELECT is(dunning.release_ledger('tryton'), 0, 'released');
DROP TABLE later."account_invoice-additional-account_move";
SELECT is((SELECT version FROM dunning.detect_erp()), '6.0', 'without additional moves 6.0');
ALTER TABLE later.account_invoice DROP COLUMN payment_term_date;
SELECT is((SELECT version FROM dunning.detect_erp()), 'before 6.0', 'without a date of the payment term it is older');

SELECT * FROM finish();
