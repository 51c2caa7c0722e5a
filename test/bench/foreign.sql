-- Other servers: a ledger beside its tables, over foreign tables of postgres_fdw, and in
-- shards that are summed.  The foreign server is this one, so the network costs nothing.
CREATE EXTENSION postgres_fdw;
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer, issued_on date, due_date date, amount numeric, open_amount numeric);
CREATE TABLE payment (id integer PRIMARY KEY, invoice_id integer, paid_on date, amount numeric);
-- nine of ten are paid; ten invoices a customer
INSERT INTO invoice SELECT n, n % (:items / 10), date '2026-01-01' + n % 300, date '2026-02-01' + n % 300, 100 + n % 7, CASE WHEN n % 10 = 0 THEN 50 ELSE 0 END
FROM generate_series(1, :items) AS n;
INSERT INTO payment SELECT id, id, issued_on + 20, amount - open_amount FROM invoice;
CREATE INDEX ON invoice (customer_id);
CREATE INDEX ON payment (invoice_id);
CREATE VIEW shard AS SELECT n AS shard, (SELECT dunning.aged_balance(open_amount, due_date, '2026-11-30', '30,60,90') FROM invoice WHERE id % 4 = n) AS aged FROM generate_series(0, 3) AS n;
VACUUM ANALYZE invoice, payment;
SELECT format('CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
	split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database()) \gexec
SELECT format('CREATE USER MAPPING FOR CURRENT_USER SERVER loop OPTIONS (user %L)', current_user) \gexec
SELECT format('CREATE SCHEMA %I', s) FROM unnest('{away,look,col,sums}'::text[]) AS s \gexec
SELECT format('IMPORT FOREIGN SCHEMA public LIMIT TO (invoice, payment, shard) FROM SERVER loop INTO %I', s) FROM unnest('{away,look,col,sums}'::text[]) AS s \gexec
SET dunning.today = '2026-11-30';
SELECT dunning.adopt('invoice', 'near', '{"key": "id", "open_amount": null, "payments": "payment"}') \g /dev/null
SELECT dunning.adopt('away.invoice', 'away', '{"key": "id", "open_amount": null, "payments": "away.payment"}') \g /dev/null
SELECT dunning.adopt('look.invoice', 'look', '{"key": "id", "open_amount": null, "payments": {"table": "look.payment", "indexed": true}}') \g /dev/null
SELECT dunning.adopt('col.invoice', 'col', '{"key": "id", "amount": null}') \g /dev/null

SELECT measure('open total, a column', 'pg_dunning', $$ SELECT concat(count(*), ' ', sum(open_amount)) FROM dunning.open_item WHERE ledger = 'col' $$);
SELECT measure('open total, a column', 'a condition that is not shipped', $$ SELECT concat(count(*), ' ', sum(open_amount)) FROM col.invoice
	WHERE (issued_on <= dunning.today()) IS NOT FALSE AND (open_amount = 0) IS NOT TRUE $$);

SELECT measure('open total, payments', 'pg_dunning', $$ SELECT concat(count(*), ' ', sum(open_amount)) FROM dunning.open_item WHERE ledger = 'near' $$);
SELECT measure('open total, payments', 'foreign, added up there', $$ SELECT concat(count(*), ' ', sum(open_amount)) FROM dunning.open_item WHERE ledger = 'away' $$);
SELECT measure('open total, payments', 'foreign, "indexed"', $$ SELECT concat(count(*), ' ', sum(open_amount)) FROM dunning.open_item WHERE ledger = 'look' $$, 1);
SELECT measure('open total, payments', 'foreign, "indexed", read whole', $$ SELECT concat(count(*), ' ', sum(open_amount)) FROM _dunning.whole_items(dunning.today()) WHERE ledger = 'look' AND open_amount <> 0 $$);

SELECT measure('one customer', 'pg_dunning', $$ SELECT concat(count(*), ' ', sum(open_amount)) FROM dunning.open_item WHERE ledger = 'near' AND customer = 10 $$);
SELECT measure('one customer', 'foreign, added up there', $$ SELECT concat(count(*), ' ', sum(open_amount)) FROM dunning.open_item WHERE ledger = 'away' AND customer = 10 $$);
SELECT measure('one customer', 'foreign, "indexed"', $$ SELECT concat(count(*), ' ', sum(open_amount)) FROM dunning.open_item WHERE ledger = 'look' AND customer = 10 $$);

SELECT dunning.release_ledger(l) FROM unnest('{away,look,col}'::name[]) AS l \g /dev/null
SELECT measure('100 customers', 'pg_dunning', $$ SELECT concat(count(*), ' ', sum(open_amount)) FROM dunning.open_items_of_customers(ARRAY(SELECT 10 * n FROM generate_series(1, 100) AS n)) $$);
SELECT measure('100 customers', '= ANY', $$ SELECT concat(count(*), ' ', sum(open_amount)) FROM dunning.open_item
	WHERE customer = ANY (ARRAY(SELECT (10 * n)::text::dunning.item_key FROM generate_series(1, 100) AS n)) $$);

SELECT measure('aged balance of 4 shards', 'pg_dunning', $$ SELECT dunning.sum(aged)::text FROM sums.shard $$);
SELECT measure('aged balance of 4 shards', 'all rows travel', $$ SELECT dunning.aged_balance(open_amount, due_date, '2026-11-30', '30,60,90')::text FROM col.invoice $$);
SELECT measure('aged balance of 4 shards', 'one row a due date travels', $$ SELECT dunning.aged_balance(amount, due_date, '2026-11-30', '30,60,90')::text
	FROM (SELECT due_date, sum(open_amount) AS amount FROM col.invoice GROUP BY due_date OFFSET 0) AS d $$);
