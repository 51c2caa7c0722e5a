-- What binary fractions leave of an amount is no money: it is taken from what is open of
-- each day, and not from each payment.  Finer amounts stay as they were kept.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL dunning.today = '2026-11-01';
SELECT no_plan();
SELECT setseed(0.4) \g /dev/null

--
-- One amount
--
SELECT is(_dunning.without_dust(v.amount)::text, v.clean, 'without dust: ' || v.amount)
FROM (VALUES (854.1700000000001, '854.17'), (-854.1700000000001, '-854.17'), (4284.49 - 4284.489999999999, '0.00'), (1000.0000000000002, '1000.00'),
	(720.0067, '720.0067'), (720.00670000001, '720.0067'), (720.00674, '720.00674'), (33.3333333333, '33.3333333333'), (0.0001, '0.0001'), (0.000001, '0.000001'),
	(12.3450000009, '12.345'), (12.345000999, '12.345'), (12.345001, '12.345001'), (12.3450010, '12.3450010'), (12.3450010000, '12.3450010000'), (12.3449995, '12.345'), (12.344999, '12.344999'),
	(99999999999999999.9900000000001, '99999999999999999.9900'), ('NaN', 'NaN'), ('Infinity', 'Infinity'), (5.0000000, '5.00'), (5.0, '5.0'), (NULL, NULL)) AS v (amount, clean);
SELECT is(_dunning.history_amount(v.amount)::text, v.held, 'in a history: ' || v.amount)
FROM (VALUES (0.30000000000000004, '0.3'), (854.1700000000001, '854.1700000000001'), (5.00, '5.00'), ('NaN', 'NaN')) AS v (amount, held);
SELECT is(_dunning.without_dust(h.history)::text, h.clean, h.history::text)
FROM (VALUES ('{2026-09-01: 4284.49, 2026-09-20: -4284.489999999999}'::dunning.balance_history, '{2026-09-01: 4284.49, 2026-09-20: -4284.49}'),
	('{2026-09-01: 100, 2026-09-10: -33.3333, 2026-09-20: -33.3333, 2026-09-30: -33.3333}', '{2026-09-01: 100.0000, 2026-09-10: -33.3333, 2026-09-20: -33.3333, 2026-09-30: -33.3333}'),
	-- a third of 100 is no dust, and three of them are 100 but for dust
	('{2026-09-01: 100, 2026-09-10: -33.3333333333, 2026-09-20: -33.3333333333, 2026-09-30: -33.3333333333}',
		'{2026-09-01: 100.0000000000, 2026-09-10: -33.3333333333, 2026-09-20: -33.3333333333, 2026-09-30: -33.3333333334}'),
	('{2026-09-01: 0.000000000000002}', '{2026-09-01: 0.00}'), ('{}', '{}')) AS h (history, clean);
SELECT is(_dunning.without_dust(g.balance)::text, c.balance::text, 'aged balance: ' || v.amount)
FROM (VALUES (854.1700000000001, 854.17), (0.0000000001, 0.00), (720.0067123, 720.0067123), ('NaN', 'NaN')) AS v (amount, clean)
CROSS JOIN LATERAL (SELECT dunning.aged_balance(a.amount, '2026-10-01', '2026-11-01', '30,60,90') AS balance FROM (VALUES (v.amount), (1.5)) AS a (amount)) AS g
CROSS JOIN LATERAL (SELECT dunning.aged_balance(a.amount, '2026-10-01', '2026-11-01', '30,60,90') AS balance FROM (VALUES (v.clean), (1.5)) AS a (amount)) AS c;

--
-- A ledger
--
INSERT INTO dunning.rule (name, rule) VALUES ('tenth', '10%; compensation 40.00 EUR');
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer, due_date date, issued_on date, amount numeric, currency text DEFAULT 'EUR');
CREATE TABLE payment (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, invoice_id integer REFERENCES invoice, paid_on date, amount numeric);
INSERT INTO invoice SELECT v.id, 7, '2026-10-01', '2026-09-01', v.amount, v.currency
FROM (VALUES (1, 4284.49, 'EUR'), (2, 100, 'EUR'), (3, 854.1700000000001, 'EUR'), (4, 0.0000000000000002220446049250313, 'EUR'), (5, -100, 'EUR'), (6, 720.0067, 'EUR'), (7, 0.3, 'XYZ')) AS v (id, amount, currency);
INSERT INTO payment (invoice_id, paid_on, amount) SELECT 2, date '2026-09-10' + 10 * n, 33.3333 FROM generate_series(0, 2) AS n;
INSERT INTO payment (invoice_id, paid_on, amount) VALUES (3, '2026-09-10', 0.0000000000000004440892098500626), (5, '2026-09-10', -99.9999999999999999999), (7, '2026-09-15', 0.30000000000000004);
SELECT dunning.adopt('invoice', columns => '{"payments": "payment"}', watch => true, rule => 'tenth') \g /dev/null
SELECT results_eq('SELECT item::text, amount, open_amount, history::text FROM dunning.ledger_items(dunning.today()) ORDER BY item::text::integer', $$ VALUES
	('1', 4284.49, 4284.49, '{2026-09-01: 4284.49}'),
	('2', 100, 0.0001, '{2026-09-01: 100.0000, 2026-09-10: -33.3333, 2026-09-20: -33.3333, 2026-09-30: -33.3333}'),
	('3', 854.17, 854.17, '{2026-09-01: 854.17, 2026-09-10: 0.00}'),
	('4', 0, 0, '{2026-09-01: 0}'),
	('5', -100, 0, '{2026-09-01: -100, 2026-09-10: 100}'),
	('6', 720.0067, 720.0067, '{2026-09-01: 720.0067}'),
	('7', 0.3, 0, '{2026-09-01: 0.3, 2026-09-15: -0.3}') $$, 'dust is gone and what is finer than the currency is there');
SELECT results_eq($$ SELECT item::text, problem, detail FROM dunning.ledger_problems() WHERE problem NOT LIKE '%contact%' ORDER BY item $$,
	$$ VALUES (NULL::text, 'finer than the currency', '2 open amount(s) in EUR have more decimals than its 2, such as 0.0001 of the item 2.') $$, 'which is told');
SELECT is(dunning.run_reminders('2026-11-01'), 4, 'dust is not reminded');
INSERT INTO payment (invoice_id, paid_on, amount) VALUES (1, '2026-09-20', 4284.489999999999);
SELECT results_eq($$ SELECT state, reason FROM dunning.reminder WHERE item = '1' $$, $$ VALUES ('cancelled', 'settled') $$, 'the trigger sees that nothing is open');
SELECT is((SELECT count(*) FROM dunning.open_item WHERE item = '1'), 0::bigint, 'nor does anybody else see something');
SELECT results_eq($$ SELECT item::text, open_amount FROM dunning.open_items('2026-09-19') WHERE item IN ('1', '7') $$, $$ VALUES ('1', 4284.49) $$, 'a past day has what was open then');
-- without the trigger the run does it
SET LOCAL session_replication_role = replica;
INSERT INTO payment (invoice_id, paid_on, amount) VALUES (3, '2026-10-20', 854.17);
SET LOCAL session_replication_role = origin;
SELECT is(dunning.run_reminders('2026-11-01'), 0, 'a run raises nothing for it');
SELECT results_eq($$ SELECT state, reason FROM dunning.reminder WHERE item = '3' $$, $$ VALUES ('cancelled', 'no longer open') $$, 'and withdraws what is pending');
-- 3 was late for 19 days: 854.17 * 10 % * 19 / 365
SELECT dunning.claim_penalties('2026-11-01') \g /dev/null
SELECT results_eq($$ SELECT item::text, kind, amount FROM dunning.claim WHERE item IN ('1', '3', '4', '5', '7') ORDER BY 1, 2 $$,
	$$ VALUES ('3', 'compensation', 40.00), ('3', 'interest', 4.45) $$, 'claims are for what was open');
SELECT results_eq($$ SELECT currency, items, total FROM dunning.aged_balance_report(grouped_by => 'total') $$, $$ VALUES ('EUR', 2::bigint, 720.0068) $$, 'the aged balance has what is open');
SELECT results_eq($$ SELECT currency, total::text FROM dunning.aged_balance_series('2026-11-01', '2026-11-01') WHERE total <> 0 $$, $$ VALUES ('EUR', '720.0068') $$, 'and so over time');
SELECT dunning.release_ledger('invoice') \g /dev/null

--
-- Dusty books beside plain SQL over the amounts that were meant
--
CREATE FUNCTION pg_temp.dust() RETURNS numeric LANGUAGE sql VOLATILE AS $$ SELECT CASE WHEN random() < 0.5 THEN (random() - 0.5)::numeric / 1e9 ELSE 0 END $$;
CREATE TABLE meant AS SELECT i AS id, i % 40 AS customer_id, (ARRAY['EUR', 'JPY', 'KWD', NULL])[1 + i % 4] AS currency, date '2026-01-01' + i % 200 AS issued_on, date '2026-02-01' + i % 230 AS due_date,
	round(((random() - 0.2) * 1000)::numeric, i % 5) AS amount, round(((random() - 0.2) * 1000)::numeric, 4) AS company_amount FROM generate_series(1, 1200) AS i;
CREATE TABLE meant_pay AS SELECT m.id AS book_id, date '2026-01-01' + (random() * 250)::integer AS paid_on, round(m.amount * round((random() * 0.6)::numeric, 2), m.id % 5) AS amount, round(m.company_amount / 3, 4) AS company_amount
	FROM meant AS m, generate_series(1, 4) WHERE random() < 0.6;
INSERT INTO meant_pay SELECT m.id, '2026-10-01', m.amount - coalesce((SELECT sum(p.amount) FROM meant_pay AS p WHERE p.book_id = m.id), 0), 0 FROM meant AS m WHERE m.id % 3 = 0;
CREATE TABLE book AS SELECT id, customer_id, currency, issued_on, due_date, amount + pg_temp.dust() AS amount, 'EUR' AS company_currency, company_amount + pg_temp.dust() AS company_amount FROM meant;
CREATE TABLE pay AS SELECT book_id, paid_on, amount + pg_temp.dust() AS amount, company_amount + pg_temp.dust() AS company_amount FROM meant_pay;
ALTER TABLE book ADD PRIMARY KEY (id);
CREATE INDEX ON pay (book_id);
ANALYZE book, pay;
SELECT dunning.adopt('book', columns => '{"currency": "currency", "payments": {"table": "pay", "item": "book_id"}}', rule => NULL) \g /dev/null
CREATE TABLE days AS SELECT date '2026-01-15' + 31 * n AS day FROM generate_series(0, 9) AS n;
CREATE TEMP TABLE model AS
SELECT d.day, m.id, m.currency, m.amount - coalesce(sum(p.amount), 0) AS open, m.company_amount - coalesce(sum(p.company_amount), 0) AS company_open
FROM days AS d JOIN meant AS m ON m.issued_on <= d.day LEFT JOIN meant_pay AS p ON p.book_id = m.id AND p.paid_on <= d.day
GROUP BY d.day, m.id, m.currency, m.amount, m.company_amount;
SELECT set_eq(format('SELECT d.day, o.item::text, o.open_amount, o.company_open_amount FROM days AS d CROSS JOIN LATERAL %s(d.day) AS o', f), 'SELECT day, id::text, open, company_open FROM model', f || ' has what was meant')
FROM unnest(ARRAY['dunning.ledger_items', '_dunning.whole_items']) AS f;
SELECT cmp_ok((SELECT count(*) FROM model AS m JOIN book AS b USING (id) WHERE m.open = 0), '>', 300::bigint, 'there are settled items');
SELECT is_empty($$ SELECT m.day, m.id, m.open FROM model AS m JOIN dunning.ledger_items('2026-12-31') AS o ON o.item = m.id::text
	-- what was paid before the issue date counts from that on
	WHERE dunning.open_amount(o.history, m.day) IS DISTINCT FROM m.open $$, 'so has the history, for every day');
SELECT results_eq($$ SELECT d.day, r.currency, r.items, r.total FROM days AS d CROSS JOIN LATERAL dunning.aged_balance_report(d.day, grouped_by => 'total') AS r ORDER BY 1, 2 $$,
	'SELECT day, currency, count(*), sum(open) FROM model WHERE open <> 0 GROUP BY day, currency ORDER BY 1, 2', 'the aged balance adds up');
SELECT results_eq($$ SELECT d.day, r.items, r.total FROM days AS d CROSS JOIN LATERAL dunning.aged_balance_report(d.day, grouped_by => 'total', in_currency => 'company') AS r ORDER BY 1 $$,
	'SELECT day, count(*), sum(company_open) FROM model WHERE open <> 0 GROUP BY day ORDER BY 1', 'in the currency of the company, too');
SELECT set_eq(format($$ SELECT as_of, currency, customer::text, balance FROM dunning.aged_balance_series('2026-01-15', '2026-11-01', '31 days', grouped_by => 'customer', in_currency => %L) AS s WHERE EXISTS (SELECT FROM unnest(dunning.amounts(s.balance)) AS a WHERE a <> 0) $$, c),
	format($$ SELECT d.day, r.currency, r.customer::text, r.balance FROM days AS d CROSS JOIN LATERAL dunning.aged_balance_report(d.day, in_currency => %L) AS r
		WHERE NOT r.is_total AND EXISTS (SELECT FROM unnest(dunning.amounts(r.balance)) AS a WHERE a <> 0) $$, c), 'the series has what the report has: ' || c)
FROM unnest(ARRAY['document', 'company']) AS c;
SELECT dunning.release_ledger('book') \g /dev/null

--
-- Parts, a column of what is open, and what needs no look
--
CREATE TABLE parts (id integer PRIMARY KEY, customer integer, issued_on date, terms text, amount numeric);
CREATE TABLE part_pay (parts_id integer, paid_on date, amount numeric);
INSERT INTO parts VALUES (1, 1, '2026-09-01', '50% net 10; balance net 30', 100.00);
INSERT INTO part_pay VALUES (1, '2026-09-05', 49.999999999999), (1, '2026-10-05', 50.0000000000005);
SELECT dunning.adopt('parts', columns => '{"payments": {"table": "part_pay", "item": "parts_id"}}', rule => NULL) \g /dev/null
SELECT results_eq('SELECT part, open_amount, history::text FROM dunning.ledger_items(''2026-10-01'')',
	$$ VALUES (1, 0, '{2026-09-01: 50.00, 2026-09-05: -50.00}'), (2, 50.00, '{2026-09-01: 50.00}') $$, 'a part is paid but for dust');
SELECT is_empty('SELECT * FROM dunning.open_item', 'and then the other');
SELECT dunning.release_ledger('parts') \g /dev/null
CREATE TABLE columned (id integer PRIMARY KEY, customer integer, due_date date, amount numeric, open_amount numeric, balance numeric(12,2));
INSERT INTO columned VALUES (1, 1, '2026-10-01', 10, 0.000000000001, 0), (2, 1, '2026-10-01', 854.1700000000001, 854.1700000000001, 5);
CREATE INDEX ON columned (customer) WHERE balance <> 0;
SELECT dunning.adopt('columned', rule => NULL) \g /dev/null
SELECT results_eq('SELECT item::text, amount, open_amount FROM dunning.open_item', $$ VALUES ('2', 854.17, 854.17) $$, 'a column has no dust either');
SELECT dunning.adopt('columned', columns => '{"open_amount": "balance"}', rule => NULL, replace => true) \g /dev/null
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; answer text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE) ' || query LOOP answer := answer || line || E'\n'; END LOOP;
	RETURN answer;
END $$;
SELECT unalike(pg_temp.plan('SELECT open_amount FROM dunning.open_item'), '%without_dust%', 'of a type with few decimals nothing is asked');
SELECT is(_dunning.may_have_dust('columned', c.name), c.may, c.name) FROM (VALUES ('id', false), ('open_amount', true), ('balance', false), ('none', true)) AS c (name, may);

SELECT * FROM finish();
ROLLBACK;
