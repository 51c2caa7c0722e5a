-- The first customers of the list, beside the whole list in that order
\set ON_ERROR_STOP 1
\set QUIET 1
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;

BEGIN;
SELECT plan(19);
SET LOCAL datestyle = 'ISO, YMD';
CREATE OR REPLACE FUNCTION _dunning.real_day() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT date '2026-11-30' $$;
SELECT setseed(0.25) \g /dev/null

CREATE TABLE client (id integer PRIMARY KEY, name text, payer_id integer);
INSERT INTO client SELECT i, 'Client ' || i, CASE WHEN i % 5 = 0 THEN i - 1 END FROM generate_series(1, 40) AS i;
CREATE TABLE invoice (id integer PRIMARY KEY, client_id integer, company text, due_on date, total numeric(12,2), currency text);
CREATE INDEX ON invoice (client_id);
INSERT INTO invoice SELECT i, nullif((random() * 40)::integer, 0), 'C' || i % 2, date '2026-10-01' + (random() * 90)::integer, round((random() * 5000 - 500)::numeric, 2), CASE WHEN random() < 0.2 THEN 'USD' ELSE 'EUR' END
	FROM generate_series(1, 300) AS i;
CREATE TABLE payment (invoice_id integer, paid_on date, amount numeric(12,2));
CREATE INDEX ON payment (invoice_id);
INSERT INTO payment SELECT i.id, date '2026-11-01' + (random() * 40)::integer, round(i.total * (random() * 1.1)::numeric, 2) FROM invoice AS i WHERE i.id % 3 = 0 AND i.total > 0;
CREATE TABLE bill (id text PRIMARY KEY, customer text, due_on date, open_amount numeric, currency text);
INSERT INTO bill SELECT 'B' || i, 'K' || i % 9, date '2026-11-01' + i % 60, i * 37.5, 'EUR' FROM generate_series(1, 80) AS i;
SELECT dunning.adopt('invoice', columns => '{"key": "id", "customer": "client_id", "due_on": "due_on", "amount": "total", "currency": "currency", "company": "company", "issued_on": null,
	"payments": {"table": "payment", "item": "invoice_id", "date": "paid_on", "amount": "amount"}, "customers": {"table": "client", "key": "id", "name": "name", "payer": "payer_id"}}', rule => NULL) \g /dev/null
SELECT dunning.adopt('bill', columns => '{"key": "id", "customer": "customer", "due_on": "due_on", "open_amount": "open_amount", "currency": "currency"}', rule => NULL) \g /dev/null
SELECT dunning.hold_customer('bill', 'K3', 'dispute') \g /dev/null

CREATE FUNCTION pg_temp.same(number integer, by text, sort text, ledger name DEFAULT NULL, day date DEFAULT '2026-11-30') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	a text[];
	b text[];
BEGIN
	EXECUTE format('SELECT array_agg(c::text) FROM (SELECT * FROM dunning.customer_worklist_as_of(%L) WHERE %L IS NULL OR ledger = %2$L ORDER BY %s, ledger, payer, company, currency LIMIT %s) AS c', day, ledger, sort, number) INTO a;
	SELECT array_agg(c::text) INTO b FROM dunning.top_customers(number, by, ledger, day) AS c;
	RETURN CASE WHEN a = b AND cardinality(a) > 0 THEN 'the same ' || cardinality(a) ELSE format('%s but %s', a, b) END;
END
$$;
SELECT is(pg_temp.same(10, 'money', 'overdue_amount DESC, oldest_due_on'), 'the same 10', 'the first ten by money');
SELECT is(pg_temp.same(10, 'age', 'oldest_due_on, overdue_amount DESC'), 'the same 10', 'by age');
SELECT is(pg_temp.same(1, 'money', 'overdue_amount DESC, oldest_due_on', 'bill'), 'the same 1', 'of one ledger');
SELECT is(pg_temp.same(20, 'money', 'overdue_amount DESC, oldest_due_on', 'invoice'), 'the same 20', 'with payers of a table of customers');
SELECT is(pg_temp.same(20, 'age', 'oldest_due_on, overdue_amount DESC', NULL, '2026-11-12'), 'the same 20', 'of a past day');
SELECT is(pg_temp.same(20, 'money', 'overdue_amount DESC, oldest_due_on', NULL, '2026-12-20'), 'the same 20', 'of a day to come');
SELECT matches(pg_temp.same(10000, 'money', 'overdue_amount DESC, oldest_due_on'), '^the same 1[0-9][0-9]$', 'and all, more than there are');
SELECT is((SELECT string_agg(c.payer::text, ' ') FROM dunning.top_customers(2, ledger => 'bill') AS c),
	(SELECT string_agg(s.customer, ' ') FROM (SELECT b.customer FROM bill AS b WHERE b.due_on < '2026-11-30' GROUP BY 1 ORDER BY sum(b.open_amount) DESC LIMIT 2) AS s), 'as the books have it');
SELECT is((SELECT count(*) FROM dunning.top_customers() AS c), 100::bigint, 'a hundred, unless another number is given');

INSERT INTO invoice VALUES (901, NULL, 'C1', '2026-11-01', 90000, 'EUR');
INSERT INTO bill VALUES ('N', 'K8', '2026-11-01', 'NaN', 'EUR'), ('M', 'K7', '2026-11-01', NULL, 'EUR'), ('L', 'K6', NULL, 999999, 'EUR');
SELECT is(pg_temp.same(10, 'money', 'overdue_amount DESC, oldest_due_on'), 'the same 10', 'an item without a customer, amounts and days that are missing or not a number');
SELECT is((SELECT count(*) FROM dunning.top_customers(5) AS c WHERE c.payer IS NULL), 1::bigint, 'what has no customer is among them');

-- the last contact, also with a customer that he pays for
SELECT dunning.log_contact('invoice', '5', 'call', on_day => '2026-11-20'), dunning.log_contact('invoice', '4', 'email', on_day => '2026-11-10'), dunning.log_contact('invoice', '4', 'note', on_day => '2026-11-25') \g /dev/null
SELECT dunning.log_contact('invoice', '4', 'call', on_day => '2026-11-22') AS wrong \gset
SELECT dunning.cancel_contact(:wrong, 'of another one') \g /dev/null
SELECT results_eq($$ SELECT DISTINCT payer::text, last_contact_on FROM dunning.customer_worklist_as_of('2026-11-30') WHERE ledger = 'invoice' AND payer IN ('4', '6') ORDER BY 1 $$, $$ VALUES ('4', date '2026-11-20'), ('6', NULL) $$, 'the last contact: a call to a site, no note, none that was cancelled');
SELECT is((SELECT max(last_contact_on) FROM dunning.customer_worklist_as_of('2026-11-15')), date '2026-11-10', 'on a past day');
SELECT throws_ok($$ SELECT dunning.top_customers(0) $$, '22023', 'a list of 0 customers is not possible', 'a number');
SELECT throws_ok($$ SELECT dunning.top_customers(0) $$, '22023', 'a list of 0 customers is not possible', 'not none');
SELECT throws_ok($$ SELECT dunning.top_customers(by => 'name') $$, '22023', 'customers cannot be listed by "name"', 'an order');
SELECT throws_ok($$ SELECT dunning.top_customers(as_of => 'infinity') $$, '22023', 'no work list is possible on infinity', 'a day');
SELECT throws_ok($$ SELECT dunning.top_customers(ledger => 'nothing') $$, '42704', 'ledger "nothing" does not exist', 'a ledger');
SELECT dunning.release_ledger('invoice'), dunning.release_ledger('bill') \g /dev/null
SELECT is((SELECT count(*) FROM dunning.top_customers()), 0::bigint, 'nothing without a ledger');
SELECT * FROM finish();
ROLLBACK;
