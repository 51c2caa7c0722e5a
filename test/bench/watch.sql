-- Payments of reminded items in one statement, with the triggers of watch and without
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer, due_date date, amount numeric);
CREATE TABLE payment (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, invoice_id integer REFERENCES invoice, amount numeric);
CREATE INDEX ON payment (invoice_id);
INSERT INTO invoice SELECT i, i % 1000, '2026-01-01', 100 FROM generate_series(1, :items) AS i;
ANALYZE invoice;
SELECT * FROM dunning.adopt('invoice', columns => '{"payments": "payment"}', rule => NULL, watch => true) \g /dev/null
CALL dunning.run('2026-01-06');
CREATE FUNCTION pay(first integer) RETURNS bigint LANGUAGE sql AS $$
	WITH paid AS (INSERT INTO payment (invoice_id, amount) SELECT i, 100 FROM generate_series(first, first + 9999) AS i RETURNING 1)
	SELECT count(*) FROM paid
$$;
ALTER TABLE payment DISABLE TRIGGER dunning_watch_invoice;
SELECT measure('10,000 payments', 'without triggers', 'SELECT pay(1)', 1) \g /dev/null
ALTER TABLE payment ENABLE TRIGGER dunning_watch_invoice;
SELECT measure('10,000 payments', 'of reminded items', 'SELECT pay(10001)', 1) \g /dev/null
SELECT measure('10,000 payments', 'of items without a reminder', 'SELECT pay(10001)', 1) \g /dev/null
CREATE FUNCTION pay_singly(first integer) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN first .. first + 1999 LOOP
		INSERT INTO payment (invoice_id, amount) VALUES (i, 100);
	END LOOP;
	RETURN 2000;
END
$$;
ALTER TABLE payment DISABLE TRIGGER dunning_watch_invoice;
SELECT measure('2,000 payments singly', 'without triggers', 'SELECT pay_singly(1)', 1) \g /dev/null
ALTER TABLE payment ENABLE TRIGGER dunning_watch_invoice;
SELECT measure('2,000 payments singly', 'of reminded items', 'SELECT pay_singly(20001)', 1) \g /dev/null
SELECT measure('2,000 payments singly', 'of items without a reminder', 'SELECT pay_singly(20001)', 1) \g /dev/null
-- the part of it that no trigger can save: the rows of the reminders themselves
SELECT measure('10,000 payments', 'the reminders alone, by hand', $$
	WITH cancelled AS (UPDATE dunning.reminder SET state = 'cancelled', cancelled_on = raised_on, cancelled_at = now(), reason = 'settled'
		WHERE reminder IN (SELECT reminder FROM dunning.reminder WHERE state = 'pending' ORDER BY reminder LIMIT 10000) RETURNING 1)
	SELECT count(*) FROM cancelled $$, 1) \g /dev/null
