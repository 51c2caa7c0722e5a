-- 24 months of figures of all customers beside one aged balance by customer, and the dashboard of 300,000 items
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer NOT NULL, customer_name text, invoice_date date, due_date date, amount numeric(12, 2), currency text);
CREATE TABLE payment (invoice_id integer NOT NULL, paid_on date, amount numeric(12, 2));
SELECT setseed(0.5) \g /dev/null
INSERT INTO invoice SELECT i, i % 20000, 'Customer ' || i % 20000, day, day + 30, 10 + i % 1000, 'EUR' FROM (SELECT i, date '2022-01-01' + (random() * 1095)::integer AS day FROM generate_series(1, :items) AS i) AS s;
INSERT INTO payment SELECT id, due_date - 10 + (random() * 60)::integer, amount FROM invoice WHERE id % 10 <> 0;
CREATE INDEX ON invoice (customer_id);
CREATE INDEX ON payment (invoice_id);
VACUUM ANALYZE invoice, payment;
SELECT * FROM dunning.adopt('invoice', columns => '{"payments": "payment"}') \g /dev/null
SELECT measure('figures of 24 months, by customer', 'pg_dunning', 'SELECT sum(total) FROM dunning.aged_balance_report(''2024-12-31'', ''30,60,90'') WHERE is_total', 1),
	measure('figures of 24 months, by customer', '24 month ends in one pass', 'SELECT sum(receivables) FROM dunning.figures(''2023-01-31'', ''2024-12-31'', grouped_by => ''customer'') WHERE as_of = ''2024-12-31''', 1),
	measure('figures of 24 months, in total', 'pg_dunning', 'SELECT sum(total) FROM dunning.aged_balance_report(''2024-12-31'', ''30,60,90'', ''total'') WHERE is_total', 1),
	measure('figures of 24 months, in total', '24 month ends in one pass', 'SELECT sum(receivables) FROM dunning.figures(''2023-01-31'', ''2024-12-31'') WHERE as_of = ''2024-12-31''', 1) \g /dev/null
DELETE FROM payment WHERE invoice_id > 300000;
DELETE FROM invoice WHERE id > 300000;
VACUUM FULL ANALYZE invoice;
VACUUM FULL ANALYZE payment;
SELECT measure('the dashboard of 300,000 items', 'pg_dunning', 'SELECT length(dunning.dashboard(''2024-12-31''))', 1) \g /dev/null
