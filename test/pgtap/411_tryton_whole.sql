-- The two views of Tryton's payments, the one for look-ups and the one for the whole
-- ledger, beside a walk over the lines of each group: large reconciliations, partial
-- payments, credit notes, several invoices and payments together, lines of one day,
-- foreign currencies, lines without a party, and invoices that share moves.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT no_plan();
\if :{?cases}
\else
\set cases 1
\endif

CREATE SCHEMA books;
SET search_path = books, public;
CREATE TABLE currency_currency (id integer PRIMARY KEY, code varchar(3), digits integer);
CREATE TABLE party_party (id integer PRIMARY KEY, name varchar, code varchar);
CREATE TABLE company_company (id integer PRIMARY KEY, party integer, currency integer);
CREATE TABLE account_account_type (id integer PRIMARY KEY, receivable boolean);
CREATE TABLE account_account (id integer PRIMARY KEY, type integer);
CREATE TABLE account_move (id integer PRIMARY KEY, company integer, date date, number varchar, origin varchar, state varchar);
CREATE TABLE account_move_reconciliation (id integer PRIMARY KEY, date date);
CREATE TABLE account_move_line (id integer PRIMARY KEY, move integer, account integer, party integer, debit numeric NOT NULL, credit numeric NOT NULL,
	maturity_date date, reconciliation integer, second_currency integer, amount_second_currency numeric);
CREATE INDEX ON account_move_line (party);
CREATE INDEX ON account_move_line (move);
CREATE INDEX ON account_move_line (reconciliation);
CREATE TABLE account_invoice (id integer PRIMARY KEY, number varchar, party integer, move integer, account integer);
CREATE TABLE "account_invoice-account_move_line" (id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, invoice integer, line integer UNIQUE);
CREATE INDEX ON "account_invoice-account_move_line" (invoice);
INSERT INTO currency_currency VALUES (1, 'EUR', 2), (2, 'USD', 2), (3, 'JPY', 0);
INSERT INTO party_party VALUES (1, 'The company'), (2, 'Durand'), (3, 'Müller'), (4, 'Rossi');
INSERT INTO company_company VALUES (1, 1, 1);
INSERT INTO account_account_type VALUES (1, true), (2, false);
INSERT INTO account_account VALUES (10, 1), (20, 2), (11, 1);

-- A move of one to four lines; amounts and days are few, so that many agree.
CREATE FUNCTION books.add_move(kind text, invoice integer, reconciliation integer, noted integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	m CONSTANT integer := 1 + (SELECT count(*) FROM books.account_move);
	day CONSTANT date := date '2026-01-01' + (random() * 40)::integer;
	second CONSTANT integer := (ARRAY[NULL, NULL, NULL, 2, 3])[1 + floor(random() * 5)];
	party integer := 2 + floor(random() * 3);
	amount numeric;
	l integer;
BEGIN
	INSERT INTO books.account_move VALUES (m, 1, day, 'M' || m,
		CASE WHEN invoice IS NOT NULL AND random() < 0.95 THEN 'account.invoice,' || invoice END, CASE WHEN random() < 0.95 THEN 'posted' ELSE 'draft' END);
	FOR k IN 1 .. 1 + floor(random() ^ 2 * 4)::integer LOOP
		amount := round((random() * 30)::numeric, (random() * 2)::integer) * CASE WHEN (kind = 'invoice') = (random() < 0.9) THEN 1 ELSE -1 END;
		l := 1 + (SELECT count(*) FROM books.account_move_line);
		INSERT INTO books.account_move_line VALUES (l, m, CASE WHEN random() < 0.95 THEN 10 ELSE 11 END, CASE WHEN random() < 0.9 THEN party END,
			greatest(amount, 0), greatest(- amount, 0), CASE WHEN random() < 0.8 THEN day + (random() * 3)::integer END,
			CASE WHEN random() < 0.95 THEN reconciliation END,
			CASE WHEN random() < 0.95 THEN second END, CASE WHEN random() < 0.95 THEN round(amount * 1.37, 0) END);
		UPDATE books.account_move_line SET amount_second_currency = NULL WHERE id = l AND second_currency IS NULL;
		IF noted IS NOT NULL AND random() < 0.9 THEN
			INSERT INTO books."account_invoice-account_move_line" (invoice, line) VALUES (noted, l);
		END IF;
		IF random() < 0.2 THEN
			party := 2 + floor(random() * 3);
		END IF;
	END LOOP;
	RETURN m;
END $$;

-- What the lines of one group apply to each other: the first debit takes from the
-- first credit, until nothing is left of one side.
CREATE FUNCTION books.walk(lines integer[], settled boolean) RETURNS TABLE (item integer, other integer, day date, amount numeric, company_amount numeric) LANGUAGE plpgsql AS $$
DECLARE
	second CONSTANT boolean := (SELECT bool_and(l.second_currency IS NOT NULL) AND count(DISTINCT l.second_currency) = 1 AND (NOT settled OR sum(l.amount_second_currency) = 0)
		FROM books.account_move_line AS l WHERE l.id = ANY (lines));
	d record;
	c record;
	one record;
	owed numeric := 0;	-- what is left of the debit, and of the credit
	paid numeric := 0;
	piece numeric;
	from_both numeric;
	debits refcursor;
	credits refcursor;
	query CONSTANT text := 'SELECT l.*, m.date, abs(CASE WHEN $2 THEN l.amount_second_currency ELSE l.debit - l.credit END) AS size FROM books.account_move_line AS l JOIN books.account_move AS m ON m.id = l.move
		WHERE l.id = ANY ($1) AND CASE WHEN $2 THEN l.amount_second_currency ELSE l.debit - l.credit END * $3 > 0
		ORDER BY CASE WHEN l.debit > l.credit THEN coalesce(l.maturity_date, m.date) ELSE m.date END, l.id';
BEGIN
	OPEN debits FOR EXECUTE query USING lines, second, 1;
	OPEN credits FOR EXECUTE query USING lines, second, -1;
	LOOP
		IF owed = 0 THEN
			FETCH debits INTO d;
			EXIT WHEN NOT FOUND;
			owed := d.size;
		END IF;
		IF paid = 0 THEN
			FETCH credits INTO c;
			EXIT WHEN NOT FOUND;
			paid := c.size;
		END IF;
		piece := least(owed, paid);
		FOR one IN SELECT x.*, (SELECT y.digits FROM books.currency_currency AS y WHERE y.id = x.second_currency) AS digits
			FROM (VALUES (d.id, d.party, c.id, 1, d.size, d.size - owed, d.second_currency, abs(d.amount_second_currency)),
				(c.id, c.party, d.id, -1, c.size, c.size - paid, c.second_currency, abs(c.amount_second_currency))) AS x (item, party, other, sign, size, since, second_currency, second)
			WHERE x.party IS NOT NULL
		LOOP
			item := one.item;
			other := one.other;
			day := greatest(d.date, c.date);
			-- the rate is that of the credit, rounded at either end of the piece
			from_both := abs(c.debit - c.credit);
			company_amount := one.sign * (round(from_both * (c.size - paid + piece) / c.size, 2) - round(from_both * (c.size - paid) / c.size, 2));
			amount := CASE WHEN one.second_currency IS NULL THEN company_amount
				ELSE one.sign * (round(one.second * (one.since + piece) / one.size, one.digits) - round(one.second * one.since / one.size, one.digits)) END;
			RETURN NEXT;
		END LOOP;
		owed := owed - piece;
		paid := paid - piece;
	END LOOP;
	CLOSE debits;
	CLOSE credits;
END $$;

-- The invoice that an open line belongs to, and those that share moves with an invoice
CREATE FUNCTION books.own(line integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	l CONSTANT books.account_move_line := (SELECT x FROM books.account_move_line AS x WHERE x.id = line);
	origin CONSTANT text := (SELECT m.origin FROM books.account_move AS m WHERE m.id = l.move);
	found_invoice integer := (SELECT k.invoice FROM books."account_invoice-account_move_line" AS k WHERE k.line = own.line);
BEGIN
	IF found_invoice IS NULL THEN
		SELECT i.id INTO found_invoice FROM books.account_invoice AS i WHERE origin = 'account.invoice,' || i.id AND i.move = l.move AND i.account = l.account;
	END IF;
	IF found_invoice IS NULL AND to_regclass('books."account_invoice-additional-account_move"') IS NOT NULL THEN
		EXECUTE 'SELECT min(b.invoice) FROM books."account_invoice-additional-account_move" AS b WHERE b.move = $1' INTO found_invoice USING l.move;
	END IF;
	RETURN found_invoice;
END $$;
CREATE FUNCTION books.sharing(invoice integer) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
	found_invoices integer[] := ARRAY[invoice];
	more integer[];
BEGIN
	WHILE to_regclass('books."account_invoice-additional-account_move"') IS NOT NULL LOOP
		EXECUTE 'SELECT array_agg(DISTINCT d.invoice) FROM books."account_invoice-additional-account_move" AS b
			JOIN books."account_invoice-additional-account_move" AS d ON d.move = b.move WHERE b.invoice = ANY ($1) AND d.invoice <> ALL ($1)' INTO more USING found_invoices;
		EXIT WHEN more IS NULL;
		found_invoices := found_invoices || more;
	END LOOP;
	RETURN found_invoices;
END $$;
-- The open lines of a group of invoices that go with a party
CREATE FUNCTION books.open_lines(invoices integer[], party integer) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
	moves integer[] := '{}';
BEGIN
	IF to_regclass('books."account_invoice-additional-account_move"') IS NOT NULL THEN
		EXECUTE 'SELECT coalesce(array_agg(b.move), ''{}'') FROM books."account_invoice-additional-account_move" AS b WHERE b.invoice = ANY ($1)' INTO moves USING invoices;
	END IF;
	RETURN ARRAY(SELECT l.id FROM books.account_move_line AS l JOIN books.account_move AS m ON m.id = l.move AND m.state = 'posted'
		LEFT JOIN books."account_invoice-account_move_line" AS k ON k.line = l.id
		WHERE l.reconciliation IS NULL AND coalesce(l.party, open_lines.party) = open_lines.party
			AND (k.invoice = ANY (invoices) OR k.line IS NULL AND EXISTS (SELECT FROM books.account_invoice AS i
				WHERE i.id = ANY (invoices) AND i.account = l.account AND (i.move = l.move OR l.move = ANY (moves)))));
END $$;
CREATE FUNCTION books.expected() RETURNS TABLE (item integer, other integer, day date, amount numeric, company_amount numeric) LANGUAGE plpgsql AS $$
DECLARE
	g record;
BEGIN
	FOR g IN SELECT array_agg(l.id) AS lines FROM books.account_move_line AS l WHERE l.reconciliation IS NOT NULL GROUP BY l.reconciliation LOOP
		RETURN QUERY SELECT w.* FROM books.walk(g.lines, true) AS w;
	END LOOP;
	FOR g IN SELECT s.invoices, s.party, array_agg(s.id) AS lines
		FROM (SELECT l.id, l.party, (SELECT array_agg(u ORDER BY u) FROM unnest(books.sharing(books.own(l.id))) AS u) AS invoices
			FROM books.account_move_line AS l WHERE l.reconciliation IS NULL AND l.party IS NOT NULL AND books.own(l.id) IS NOT NULL) AS s GROUP BY 1, 2
	LOOP
		RETURN QUERY SELECT w.* FROM books.walk(books.open_lines(g.invoices, g.party), false) AS w WHERE w.item = ANY (g.lines);
	END LOOP;
END $$;

SELECT setseed(0.411 + :cases * 0.0001) \g /dev/null
-- invoices, with payments that are noted
INSERT INTO account_invoice SELECT i, 'F' || i, 2, books.add_move('invoice', i, NULL, NULL), 10 FROM generate_series(1, 120 * :cases) AS i;
SELECT count(books.add_move('payment', NULL, NULL, 1 + floor(random() * 120 * :cases)::integer)) FROM generate_series(1, 150 * :cases) \g /dev/null
-- reconciliations of any kind, and one of 600 lines
INSERT INTO account_move_reconciliation SELECT r, '2026-03-01' FROM generate_series(1, 61 * :cases) AS r;
SELECT count(books.add_move(CASE WHEN random() < 0.5 THEN 'invoice' ELSE 'payment' END, NULL, 1 + floor(random() * 60 * :cases)::integer, NULL)) FROM generate_series(1, 250 * :cases) \g /dev/null
SELECT count(books.add_move(CASE WHEN n % 5 = 0 THEN 'invoice' ELSE 'payment' END, NULL, 61 * :cases, NULL)) FROM generate_series(1, 300) AS n \g /dev/null
-- some that come out even in a foreign currency at other rates
INSERT INTO account_move_reconciliation SELECT r, '2026-03-01' FROM generate_series(10001, 10030) AS r;
INSERT INTO account_move SELECT n, 1, date '2026-01-01' + n % 7, 'S', NULL, 'posted' FROM generate_series(100001, 100120) AS n;
INSERT INTO account_move_line SELECT n, n, 10, 2, CASE WHEN n % 4 = 0 THEN 31.47 ELSE 0 END, CASE WHEN n % 4 = 0 THEN 0 ELSE 10 + n % 3 END, NULL, 10001 + (n - 100001) / 4, 2,
		CASE WHEN n % 4 = 0 THEN 99 ELSE - 33 END FROM generate_series(100001, 100120) AS n;
ANALYZE;
RESET search_path;

SELECT lives_ok($$ SELECT dunning.adopt_erp('tryton', ledger => 'tr', rule => NULL) $$, 'adopted');
CREATE TABLE expected AS SELECT * FROM books.expected();
SELECT cmp_ok((SELECT count(*) FROM expected), '>', 1000::bigint, 'much is applied');
SELECT bag_eq('SELECT item, other, date, amount, company_amount FROM dunning_tr.whole_payment', 'SELECT * FROM expected', 'read as a whole, each line has what the walk gives it');
SELECT bag_eq('SELECT item, other, date, amount, company_amount FROM dunning_tr.payment', 'SELECT * FROM expected', 'looked up, it has the same');
SELECT is_empty($$ SELECT d::date FROM generate_series(timestamp '2026-01-01', '2026-03-01', '10 days') AS d
	WHERE (SELECT sum(total) FROM dunning.aged_balance_report(d::date, '30,60', 'total', in_currency => 'company')) IS DISTINCT FROM (SELECT sum(o.company_open_amount) FROM dunning.open_items(d::date) AS o) $$,
	'a report, which reads all, adds up to the items that are looked up');

-- The same with invoices that share moves
CREATE TABLE books."account_invoice-additional-account_move" (id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, invoice integer NOT NULL, move integer);
INSERT INTO books."account_invoice-additional-account_move" (invoice, move)
	SELECT 1 + floor(random() * 120 * :cases)::integer, m.m FROM (SELECT books.add_move('invoice', NULL, NULL, NULL) AS m FROM generate_series(1, 40 * :cases)) AS m, generate_series(1, 2);
SELECT lives_ok($$ SELECT dunning.adopt_erp(ledger => 'tr', replace => true) $$, 'adopted anew');
TRUNCATE expected;
INSERT INTO expected SELECT * FROM books.expected();
SELECT bag_eq('SELECT item, other, date, amount, company_amount FROM dunning_tr.whole_payment', 'SELECT * FROM expected', 'read as a whole, with moves that invoices share');
SELECT bag_eq('SELECT item, other, date, amount, company_amount FROM dunning_tr.payment', 'SELECT * FROM expected', 'looked up, with moves that invoices share');

-- Who reads the whole ledger reads that view, and who looks one item up does not.
SELECT ok(EXISTS (SELECT FROM _dunning.relations_under(ARRAY[(SELECT to_regclass('_dunning.whole_payment_' || l.adoption) FROM dunning.ledger AS l)]::oid[]) AS u (relation)
	WHERE u.relation = 'dunning_tr.whole_payment'::regclass), 'the ledger has a view over it');
SELECT matches((SELECT pg_get_functiondef(to_regprocedure(_dunning.ledger_function(l.id, true) || '(date)')) FROM dunning.ledger AS l), 'whole_payment_', 'which is read for the whole ledger');
SELECT doesnt_match((SELECT pg_get_functiondef(to_regprocedure(_dunning.ledger_function(l.id) || '(date)')) FROM dunning.ledger AS l), 'whole_payment_', 'and for no look-up');
SELECT is(dunning.release_ledger('tr'), 0, 'released');
SELECT is((SELECT count(*) FROM pg_class AS c WHERE c.relnamespace = '_dunning'::regnamespace AND c.relname ~ 'payment_[0-9]'), 0::bigint, 'no view is left');

-- Any ledger can have such a view.
CREATE TABLE invoice (id integer PRIMARY KEY, customer integer, due_on date, amount numeric);
CREATE TABLE paid (item integer, paid_on date, amount numeric);
CREATE INDEX ON paid (item);
CREATE VIEW all_paid AS SELECT item, paid_on, amount - 1 AS amount FROM paid;
INSERT INTO invoice VALUES (1, 1, '2026-01-31', 10);
INSERT INTO paid VALUES (1, '2026-02-01', 4);
SELECT dunning.adopt('invoice', columns => '{"payments": {"table": "paid", "item": "item", "date": "paid_on", "amount": "amount", "whole": "all_paid"}}') \g /dev/null
SELECT is((SELECT concat(payments, ' ', whole_payments, ' ', columns #>> '{payments,whole}') FROM dunning.ledger), 'paid all_paid public.all_paid', 'the ledger names both');
SELECT is((SELECT concat_ws(' ', (SELECT open_amount FROM dunning.open_items('2026-02-01') WHERE item = 1), (SELECT sum(total) FROM dunning.aged_balance_report('2026-02-01') WHERE is_total),
	(SELECT sum(total) FROM dunning.aged_balance_series('2026-02-01', '2026-02-01')))), '6 7 7', 'a look-up reads the payments, reports read the view');
SELECT throws_ok($$ SELECT dunning.adopt('invoice', replace => true, columns => '{"payments": {"whole": "nowhere"}}') $$, '42P01', NULL, 'which has to be there');
SELECT throws_ok($$ SELECT dunning.adopt('invoice', replace => true, columns => '{"payments": {"whole": "invoice"}}') $$, '42703', NULL, 'and to have the columns');
DROP TABLE invoice CASCADE;
SELECT set_eq('SELECT ok FROM dunning.check_ledgers()', 'VALUES (false)', 'a ledger without its table is told');
SELECT finish();
