-- What is open of a day has the decimals of its currency: dust of binary
-- fractions and amounts that are finer are rounded away once a day, not once a
-- payment.  Every figure beside plain SQL.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL jit = off;
SET LOCAL dunning.today = '2026-11-01';
SELECT no_plan();
SELECT setseed(0.4) \g /dev/null

--
-- By hand
--
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer, due_date date, issued_on date, amount numeric, currency text DEFAULT 'EUR');
CREATE TABLE payment (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, invoice_id integer REFERENCES invoice, paid_on date, amount numeric);
INSERT INTO invoice SELECT v.id, 7, '2026-10-01', '2026-09-01', v.amount, v.currency FROM (VALUES (1, 4284.49, 'EUR'), (2, 100, 'EUR'), (3, 100, 'JPY'), (4, 100, 'KWD'), (5, 100, NULL), (6, 100, 'XYZ'),
	(7, 854.1700000000001, 'EUR'), (8, 0.0000000000000002220446049250313, 'EUR'), (9, -100, 'EUR'), (10, 'NaN', 'EUR'), (11, 1e18 + 0.004, 'EUR'), (12, NULL, 'EUR')) AS v (id, amount, currency);
INSERT INTO payment (invoice_id, paid_on, amount)
	SELECT id, date '2026-09-10' + 10 * n, 33.3333 FROM generate_series(2, 6) AS id, generate_series(0, 2) AS n;
INSERT INTO payment (invoice_id, paid_on, amount) VALUES (7, '2026-09-10', 0.0000000000000004440892098500626), (9, '2026-09-10', -33.3333), (9, '2026-09-20', -66.6666999999999999999);
SELECT dunning.adopt('invoice', columns => '{"payments": "payment"}', watch => true, rule => NULL) \g /dev/null

SELECT results_eq('SELECT item::text, amount, open_amount, history::text FROM dunning.ledger_items(dunning.today()) ORDER BY item::text::integer', $$ VALUES
	('1', 4284.49, 4284.49, '{2026-09-01: 4284.49}'),
	('2', 100, 0.00, '{2026-09-01: 100.00, 2026-09-10: -33.33, 2026-09-20: -33.34, 2026-09-30: -33.33}'),
	('3', 100, 0, '{2026-09-01: 100, 2026-09-10: -33, 2026-09-20: -34, 2026-09-30: -33}'),
	('4', 100, 0.000, '{2026-09-01: 100.000, 2026-09-10: -33.333, 2026-09-20: -33.334, 2026-09-30: -33.333}'),
	('5', 100, 0.0001, '{2026-09-01: 100.0000, 2026-09-10: -33.3333, 2026-09-20: -33.3333, 2026-09-30: -33.3333}'),
	('6', 100, 0.0001, '{2026-09-01: 100.0000, 2026-09-10: -33.3333, 2026-09-20: -33.3333, 2026-09-30: -33.3333}'),
	('7', 854.17, 854.17, '{2026-09-01: 854.17, 2026-09-10: 0.00}'),
	('8', 0.00, 0.00, '{2026-09-01: 0.00}'),
	('9', -100, 0.00, '{2026-09-01: -100.00, 2026-09-10: 33.33, 2026-09-20: 66.67}'),
	('10', 'NaN', 'NaN', NULL), ('11', 1000000000000000000.00, 1000000000000000000.00, NULL), ('12', NULL, NULL, NULL) $$,
	'each day is rounded to the decimals of the currency; without a currency that is known to six');
SELECT results_eq('SELECT item::text, open_amount FROM dunning.open_items(''2026-09-25'') WHERE item IN (''2'', ''3'', ''4'', ''9'') ORDER BY item',
	$$ VALUES ('2', 33.33), ('3', 33), ('4', 33.333) $$, 'a past day, too');
SELECT results_eq('SELECT item::text, decimals, exact_open_amount FROM dunning.ledger_items(dunning.today()) WHERE item IN (''2'', ''3'', ''4'', ''5'', ''6'', ''7'') ORDER BY item',
	$$ VALUES ('2', 2, 0.0001), ('3', 0, 0.0001), ('4', 3, 0.0001), ('5', NULL, 0.0001), ('6', NULL, 0.0001), ('7', 2, 854.1700000000001 - 0.0000000000000004440892098500626) $$,
	'the exact amount stays to be seen');

-- a payment that leaves dust settles
SELECT is(dunning.run_reminders('2026-11-01'), 5, 'what rounds to nothing is not reminded');
SELECT results_eq('SELECT item::text, open_amount FROM dunning.reminder ORDER BY item', $$ VALUES ('1', 4284.49), ('11', 1e18), ('5', 0.0001), ('6', 0.0001), ('7', 854.17) $$,
	'reminders ask for amounts of the currency');
INSERT INTO payment (invoice_id, paid_on, amount) VALUES (1, '2026-09-20', 4284.489999999999);
SELECT results_eq($$ SELECT state, open_amount, reason FROM dunning.reminder WHERE item = '1' $$, $$ VALUES ('cancelled', 4284.49, 'settled') $$, 'the trigger sees that nothing is open');
SELECT is((SELECT count(*) FROM dunning.open_item WHERE item = '1'), 0::bigint, 'and nobody sees the item');
SELECT dunning.release_ledger('invoice') \g /dev/null

--
-- Random books beside plain SQL
--
CREATE TABLE currency (code text, decimals integer);
INSERT INTO currency VALUES ('EUR', 2), ('JPY', 0), ('KWD', 3);
CREATE FUNCTION pg_temp.noise() RETURNS numeric LANGUAGE sql VOLATILE AS $$
	SELECT CASE floor(random() * 6)::integer WHEN 0 THEN (random() - 0.5)::numeric / 1e12 WHEN 1 THEN (random() - 0.5)::numeric / 1e3 WHEN 2 THEN round((random() - 0.5)::numeric, 3) ELSE 0 END $$;
CREATE TABLE book AS
SELECT i AS id, i % 40 AS customer_id, c.code AS currency, CASE WHEN random() < 0.95 THEN date '2026-01-01' + (random() * 200)::integer END AS issued_on,
	date '2026-02-01' + (random() * 200)::integer AS due_date, round(((random() - 0.2) * 1000)::numeric, 2) + pg_temp.noise() AS amount,
	CASE WHEN random() < 0.5 THEN 'EUR' ELSE 'JPY' END AS company_currency, round(((random() - 0.2) * 1000)::numeric, 2) + pg_temp.noise() AS company_amount,
	(ARRAY[NULL, 0, 1, 2, 4, 7, -1, 2.5, 99])[1 + floor(random() * 9)::integer]::numeric AS digits,
	(ARRAY['50% net 30; balance net 60', '30% net 10; 30% net 20; balance net 90', 'net 30', '200.3333 EUR net 10; 33.3% of remainder net 60; balance net 20'])[1 + i % 4] AS terms
FROM generate_series(1, 2000) AS i CROSS JOIN LATERAL (SELECT (ARRAY['EUR', 'JPY', 'KWD', 'XYZ', NULL])[1 + floor(random() * 5 + i - i)::integer] AS code) AS c;
ALTER TABLE book ADD PRIMARY KEY (id);
CREATE TABLE pay AS
SELECT b.id AS book_id, CASE WHEN random() < 0.95 THEN date '2026-01-01' + (random() * 250)::integer END AS paid_on, b.amount * round((random() * 0.6)::numeric, 2) + pg_temp.noise() AS amount,
	CASE WHEN random() < 0.5 THEN floor(random() * 4)::integer END AS part, b.company_amount / 3 + pg_temp.noise() AS company_amount
FROM book AS b, generate_series(1, 5) WHERE random() < 0.6;
-- some are settled but for dust
INSERT INTO pay SELECT b.id, '2026-10-01', round(b.amount - coalesce((SELECT sum(p.amount) FROM pay AS p WHERE p.book_id = b.id), 0), 9) FROM book AS b WHERE b.id % 3 = 0;
CREATE INDEX ON pay (book_id);
ANALYZE book, pay;
CREATE TABLE days AS SELECT date '2026-01-01' + 9 * n AS day FROM generate_series(0, 33) AS n;
CREATE VIEW wanted AS
SELECT d.day, b.id, b.terms, b.currency, b.issued_on, y.decimals, z.decimals AS company_decimals, b.amount, e.exact, round(e.exact, coalesce(y.decimals, 6)) AS open,
	round(b.company_amount - coalesce(e.company_paid, 0), z.decimals) AS company_open
FROM days AS d JOIN book AS b ON b.issued_on <= d.day OR b.issued_on IS NULL
LEFT JOIN currency AS y ON y.code = b.currency LEFT JOIN currency AS z ON z.code = b.company_currency
CROSS JOIN LATERAL (SELECT b.amount - coalesce(sum(p.amount), 0) AS exact, CASE WHEN count(*) FILTER (WHERE p.company_amount IS NULL AND p.amount <> 0) = 0 THEN sum(p.company_amount) END AS company_paid
	FROM pay AS p WHERE p.book_id = b.id AND (p.paid_on <= d.day OR p.paid_on IS NULL)) AS e;

\set mapping '{"currency": "currency", "payments": {"table": "pay", "item": "book_id", "date": "paid_on", "amount": "amount", "part": null, "company_amount": "company_amount"}, "terms": null}'
SELECT dunning.adopt('book', columns => :'mapping', rule => NULL) \g /dev/null
SELECT is((SELECT columns #>> '{payments,indexed}' FROM dunning.ledger WHERE ledger = 'book'), 'true', 'payments are looked up');
CREATE TEMP TABLE model AS TABLE wanted;
SELECT is_empty(format('SELECT d.day, o.item::text, o.open_amount, o.exact_open_amount, o.decimals FROM days AS d CROSS JOIN LATERAL %s(d.day) AS o EXCEPT SELECT day, id::text, open, exact, decimals FROM model', f), f || ': what is open is rounded')
FROM unnest(ARRAY['dunning.ledger_items', '_dunning.whole_items']) AS f;
SELECT set_eq('SELECT d.day, o.item::text, o.open_amount FROM days AS d CROSS JOIN LATERAL dunning.open_items(d.day) AS o', 'SELECT day, id::text, open FROM model WHERE open <> 0', 'items that round to nothing are settled');
SELECT cmp_ok((SELECT count(*) FROM model WHERE open = 0 AND exact <> 0), '>', 1000::bigint, 'there are such items');
-- the history says of every day what a reading on that day says
SELECT is_empty($$ SELECT m.day, m.id, m.open, dunning.open_amount(o.history, m.day) FROM model AS m JOIN dunning.ledger_items('2026-12-31') AS o ON o.item = m.id::text
	WHERE m.issued_on IS NOT NULL AND dunning.open_amount(o.history, m.day) IS DISTINCT FROM m.open AND NOT EXISTS (SELECT FROM pay AS p WHERE p.book_id = m.id AND p.paid_on IS NULL) $$,
	'so does the history, of every day');
SELECT is_empty($$ SELECT o.item FROM days AS d CROSS JOIN LATERAL dunning.ledger_items(d.day) AS o WHERE dunning.open_amount(o.history, 'infinity') IS DISTINCT FROM o.open_amount $$, 'and it ends with what is open');
SELECT is_empty($$ SELECT o.item, m.* FROM dunning.ledger_items('2026-12-31') AS o CROSS JOIN LATERAL dunning.movements(o.history) AS m WHERE m.amount <> round(m.amount, coalesce(o.decimals, 6)) $$,
	'every movement is one of the currency');
SELECT is_empty($$ SELECT d.day, o.item::text, o.company_open_amount FROM days AS d CROSS JOIN LATERAL dunning.ledger_items(d.day) AS o WHERE o.company_open_amount IS NOT NULL
	EXCEPT SELECT day, id::text, company_open FROM model $$, 'company amounts have the decimals of their own currency');
SELECT set_eq($$ SELECT to_jsonb(o) FROM dunning.ledger_items('2026-10-01') AS o $$, $$ SELECT to_jsonb(o) FROM _dunning.whole_items('2026-10-01') AS o $$, 'both forms say the same');

-- reports
SELECT is_empty(format($$ SELECT d.day, r.currency, r.total, r.items FROM days AS d CROSS JOIN LATERAL dunning.aged_balance_report(d.day, grouped_by => 'total') AS r
	EXCEPT SELECT day, currency, sum(open), count(*) FROM model WHERE open <> 0 GROUP BY 1, 2 $$), 'the aged balance adds up rounded amounts');
SELECT is_empty(format($$ SELECT s.as_of, s.currency, s.total, s.balance::text FROM dunning.aged_balance_series('2026-01-01', '2026-10-25', '9 days', grouped_by => 'total', in_currency => %1$L) AS s WHERE s.total <> 0
	EXCEPT SELECT d.day, r.currency, r.total, r.balance::text FROM days AS d CROSS JOIN LATERAL dunning.aged_balance_report(d.day, grouped_by => 'total', in_currency => %1$L) AS r $$, w), 'and so does the series, in that of the ' || w)
FROM unnest(ARRAY['document', 'company']) AS w;

-- decimals that the table has
SELECT dunning.adopt('book', columns => '{"decimals": "digits"}', replace => true) \g /dev/null
SELECT is_empty($$ SELECT o.item::text, o.decimals, o.open_amount FROM dunning.ledger_items('2026-10-16') AS o
	EXCEPT SELECT m.id::text, d.decimals, round(m.exact, coalesce(d.decimals, 6)) FROM model AS m JOIN book AS b USING (id)
		CROSS JOIN LATERAL (SELECT CASE WHEN b.digits IN (0, 1, 2, 4, 7) THEN b.digits::integer ELSE m.decimals END AS decimals) AS d WHERE m.day = '2026-10-16' $$,
	'decimals of the row come first, those that are none do not count');
SELECT dunning.adopt('book', columns => '{"decimals": null, "currency": null, "payments": {"table": "pay", "part": "part", "date": "paid_on", "amount": "amount"}, "terms": "terms", "due_on": null}', replace => true) \g /dev/null
SELECT is_empty($$ SELECT o.item::text, sum(o.open_amount), sum(o.exact_open_amount) FROM dunning.ledger_items('2026-10-16') AS o WHERE o.due_on IS NOT NULL GROUP BY 1
	EXCEPT SELECT id::text, round(exact, 6), exact FROM model WHERE day = '2026-10-16' $$, 'without a currency six decimals');

-- instalments
SELECT dunning.adopt('book', columns => '{"currency": "currency"}', replace => true) \g /dev/null
SELECT cmp_ok((SELECT count(*) FROM dunning.ledger_items('2026-10-16') WHERE part = 3), '>', 500::bigint, 'there are parts');
SELECT is_empty(format($$ SELECT d.day, o.item::text, sum(o.amount), sum(o.open_amount), sum(o.exact_open_amount) FROM days AS d CROSS JOIN LATERAL %s(d.day) AS o WHERE o.due_on IS NOT NULL GROUP BY 1, 2
	EXCEPT SELECT day, id::text, round(amount, coalesce(decimals, 6)), open, exact FROM model $$, f), f || ': the parts add up to the rounded item')
FROM unnest(ARRAY['dunning.ledger_items', '_dunning.whole_items']) AS f;
SELECT is_empty($$ SELECT o.item, o.part, o.amount, o.open_amount FROM days AS d CROSS JOIN LATERAL dunning.ledger_items(d.day) AS o
	WHERE (o.amount, o.open_amount) <> (round(o.amount, coalesce(o.decimals, 6)), round(o.open_amount, coalesce(o.decimals, 6))) OR dunning.open_amount(o.history, 'infinity') <> o.open_amount $$,
	'each is of the currency, and its history ends with what is open');
SELECT is_empty($$ SELECT m.day, o.item, o.part FROM days AS m JOIN dunning.ledger_items('2026-12-31') AS o ON o.issued_on <= m.day JOIN dunning.ledger_items('2026-12-31') AS l USING (item, part)
	CROSS JOIN LATERAL (SELECT n.open_amount FROM dunning.ledger_items(m.day) AS n WHERE n.item = o.item AND n.part = o.part) AS n
	WHERE o.item::text::integer < 150 AND n.open_amount <> dunning.open_amount(o.history, m.day) AND NOT EXISTS (SELECT FROM pay AS p WHERE p.book_id = o.item::text::integer AND p.paid_on IS NULL) $$,
	'of every day what a reading on that day says');
SELECT dunning.release_ledger('book') \g /dev/null

-- parts by hand
CREATE FUNCTION pg_temp.parts(terms text, amount numeric, decimals integer, amounts numeric[], parts integer[] DEFAULT NULL) RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(format('%s-%s=%s', p.amount, p.received, p.amount - p.received), ' ' ORDER BY p.part)
		FROM _dunning.item_parts($1::dunning.payment_terms, '2026-01-01', $2, '2026-01-01', $4, NULL, $5, true, $3) AS p $$;
SELECT is(pg_temp.parts('33.33% net 10; 33.33% net 20; balance net 30', 1000, d, '{}'), answer, 'a third in decimals: ' || d)
FROM (VALUES (0, '333-0=333 333-0=333 334-0=334'), (2, '333.30-0=333.30 333.30-0=333.30 333.40-0=333.40'), (3, '333.300-0=333.300 333.300-0=333.300 333.400-0=333.400'),
	(NULL, '333.30-0=333.30 333.30-0=333.30 333.40-0=333.40')) AS v (d, answer);
SELECT is(pg_temp.parts('12.3456 EUR on order; balance net 30', 100, 2, '{10.005}'), '12.35-10.00=2.35 87.65-0=87.65', 'an amount that the terms name is rounded, too');
SELECT is(pg_temp.parts('50% net 10; balance net 20', 100, 2, '{10.005,10.005}', '{1,2}'), '50.00-10.01=39.99 50.00-10.00=40.00', 'what is open in all decides');
SELECT is(pg_temp.parts('50% net 10; balance net 20', -100, 2, '{-33.3333,-33.3333,-33.3333}'), '-50.00--50.00=0.00 -50.00--50.00=0.00', 'a credit note');
SELECT is(pg_temp.parts('50% net 10; balance net 20', 1e18, 2, '{333333333333333333.333,666666666666666666.6669}'),
	'500000000000000000.00-500000000000000000.00=0.00 500000000000000000.00-500000000000000000.00=0.00', 'numbers of any size');

--
-- A column of open amounts in binary fractions
--
CREATE TABLE facture (id integer PRIMARY KEY, client_id integer, date_echeance date, solde double precision, devise text, due numeric);
INSERT INTO facture VALUES (1, 1, '2026-10-01', 0.1 + 0.2 - 0.3::float8, 'EUR'), (2, 1, '2026-10-01', 854.1700000000001, 'EUR'), (3, 1, '2026-10-01', 1e-13, 'EUR'),
	(4, 1, '2026-10-01', -1e-13, NULL), (5, 1, '2026-10-01', 0.4, 'JPY'), (6, 1, '2026-10-01', 'NaN', 'EUR'), (7, 1, '2026-10-01', '-Infinity', 'JPY'), (8, 1, '2026-10-01', 0.0005, 'KWD');
SELECT dunning.adopt('facture', rule => 'france') \g /dev/null
SELECT results_eq('SELECT item::text, open_amount FROM dunning.open_item ORDER BY item', $$ VALUES ('2', 854.17), ('6', 'NaN'), ('7', '-Infinity'), ('8', 0.001) $$, 'a column of double precision');
SELECT results_eq('SELECT item::text, open_amount FROM dunning.worklist ORDER BY item', $$ VALUES ('2', 854.17), ('6', 'NaN'), ('7', '-Infinity'), ('8', 0.001) $$, 'in the work list, too');
SELECT dunning.release_ledger('facture') \g /dev/null

--
-- Claims
--
DELETE FROM payment;
DELETE FROM invoice;
INSERT INTO invoice SELECT n, n, '2026-03-01', '2026-02-01', 1000 + CASE WHEN n > 10 THEN 1e-12 ELSE 0 END FROM generate_series(1, 20) AS n;
INSERT INTO payment (invoice_id, paid_on, amount) SELECT id, date '2026-04-01' + (id % 10)::integer * 17, CASE id % 10 WHEN 0 THEN 1000 ELSE 300 END - CASE WHEN id > 10 THEN 1e-13 ELSE 0 END FROM invoice;
-- a payment that came back
INSERT INTO payment (invoice_id, paid_on, amount) SELECT id, '2026-08-01', -300 - CASE WHEN id > 10 THEN 7e-14 ELSE 0 END FROM invoice WHERE id % 10 = 3;
SELECT dunning.adopt('invoice', ledger => 'claimed', columns => '{"payments": "payment"}', rule => 'france') \g /dev/null
SELECT dunning.claim_penalties('2026-10-01') \g /dev/null
SELECT results_eq('SELECT kind, amount, currency, part, from_day, to_day, basis FROM dunning.claim WHERE item::text::integer > 10 ORDER BY item::text::integer, kind',
	'SELECT kind, amount, currency, part, from_day, to_day, basis FROM dunning.claim WHERE item::text::integer <= 10 ORDER BY item::text::integer, kind', 'dust costs nothing');
SELECT cmp_ok((SELECT count(*) FROM dunning.claim), '>=', 38::bigint, 'while there are claims');
SELECT results_eq('SELECT DISTINCT scale(amount) FROM dunning.claim', 'VALUES (2)', 'in cents');

--
-- What rounding changes by more than dust is told
--
CREATE TABLE fine (id integer PRIMARY KEY, customer_id integer, due_date date, amount numeric, open_amount numeric, currency text, email text);
INSERT INTO fine VALUES (1, 1, '2026-10-01', 12.3456, 12.3456, 'EUR', 'a@b.example'), (2, 1, '2026-10-01', 100, 0.004, 'EUR', 'a@b.example'), (3, 1, '2027-10-01', 7.777, 7.777, 'EUR', 'a@b.example'),
	(4, 1, '2026-10-01', 10, 0.000000000001, 'EUR', 'a@b.example'), (5, 1, '2026-10-01', 5, 5.000000000001, 'EUR', 'a@b.example'), (6, 1, '2026-10-01', 5.123456789, 5.123456789, NULL, 'a@b.example');
SELECT dunning.adopt('fine', rule => NULL) \g /dev/null
SELECT results_eq('SELECT problem, detail FROM dunning.ledger_problems(''fine'') WHERE problem <> ''no currency''',
	$$ VALUES ('rounded', 'Of 3 item(s) amounts are finer than their currency, such as those of 1: 12.3456 is open and counts as 12.35; 0.0114 in all. '
		'They are: SELECT item, exact_open_amount, open_amount FROM dunning.ledger_items(dunning.today()) WHERE ledger = ''fine'' AND exact_open_amount <> open_amount.') $$, 'by ledger_problems');
SELECT results_eq('SELECT ok, problem, hint FROM dunning.check_ledgers() WHERE ledger = ''fine''',
	$$ VALUES (true, 'amounts of 3 item(s) are finer than their currency', 'SELECT * FROM dunning.ledger_problems(''fine'').') $$, 'by check_ledgers');
SELECT is(dunning.run_reminders('2026-11-01', 'fine'), 3, 'a run reminds what is open');
SELECT results_eq('SELECT item::text, topic, items, message FROM dunning.run_problem WHERE ledger = ''fine''',
	$$ VALUES ('', 'rounded', 3, 'amounts are finer than their currency, such as those of 1: 12.3456 is open and counts as 12.35') $$, 'and tells it, of items that are not due or count as settled, too');
SELECT results_eq('SELECT severity, finding, what_to_do FROM dunning.health() WHERE ledger = ''fine'' AND topic <> ''pending''',
	$$ VALUES ('warning', 'amounts of 3 item(s) are finer than their currency', 'SELECT * FROM dunning.ledger_problems(''fine'').') $$, 'health has it once');
UPDATE fine SET amount = round(amount, 2), open_amount = round(open_amount, 2);
SELECT is_empty('SELECT FROM dunning.ledger_problems(''fine'') WHERE problem <> ''no currency''', 'amounts of the currency are no problem');
SELECT is((SELECT problem FROM dunning.check_ledgers() WHERE ledger = 'fine'), NULL, 'for nobody');
SELECT dunning.release_ledger('fine') \g /dev/null

SELECT * FROM finish();
ROLLBACK;
