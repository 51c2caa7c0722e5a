-- Aged balances, on a day and on past days, and the items of a bucket
\ir item.sql
\set as_of '''2026-06-30'''
-- Every query gives all amounts, since PostgreSQL leaves out what nobody reads.
\set buckets 'sum(amount_total) FILTER (WHERE due_date >= d) AS b0, sum(amount_total) FILTER (WHERE due_date < d AND due_date >= d - 30) AS b1, sum(amount_total) FILTER (WHERE due_date < d - 30 AND due_date >= d - 60) AS b2, sum(amount_total) FILTER (WHERE due_date < d - 60 AND due_date >= d - 90) AS b3, sum(amount_total) FILTER (WHERE due_date < d - 90) AS b4, sum(amount_total) FILTER (WHERE due_date IS NULL) AS undated'
\set ours 'dunning.aged_balance(amount_total, due_date, d, \'30,60,90\')'
SELECT regexp_replace(:'buckets', '\md\M', 'DATE ' || quote_literal(:as_of), 'g') AS buckets, regexp_replace(:'ours', '\md\M', 'DATE ' || quote_literal(:as_of), 'g') AS ours \gset
\set all_buckets 'concat_ws(\' \', sum(b0), sum(b1), sum(b2), sum(b3), sum(b4), coalesce(sum(undated), 0.00))'
\set all_ours 'concat_ws(\' \', sum(dunning.amount(b, 0)), sum(dunning.amount(b, 1)), sum(dunning.amount(b, 2)), sum(dunning.amount(b, 3)), sum(dunning.amount(b, 4)), sum(dunning.undated(b)))'

-- grouped by hashing in every case; avg(integer) is the leanest aggregate of
-- PostgreSQL that keeps its state in memory of its own, as any of several sums must
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SELECT measure('aged balance by customer', 'count(*)', 'SELECT sum(n) FROM (SELECT customer_id, count(*) AS n FROM item GROUP BY customer_id) AS s', 5),
	measure('aged balance by customer', 'avg(integer)', 'SELECT count(n) FROM (SELECT customer_id, avg(customer_id) AS n FROM item GROUP BY customer_id) AS s', 5),
	measure('aged balance by customer', 'pg_dunning', format('SELECT %s FROM (SELECT customer_id, %s AS b FROM item GROUP BY customer_id) AS s', :'all_ours', :'ours'), 5),
	measure('aged balance by customer', 'six sum(...) FILTER', format('SELECT %s FROM (SELECT customer_id, %s FROM item GROUP BY customer_id) AS s', :'all_buckets', :'buckets'), 5),
	measure('aged balance, one group', 'reading the columns: count(amount)', 'SELECT count(amount_total) FROM item', 5),
	measure('aged balance, one group', 'pg_dunning', format('SELECT %s FROM (SELECT %s AS b FROM item) AS s', :'all_ours', :'ours'), 5),
	measure('aged balance, one group', 'six sum(...) FILTER', format('SELECT %s FROM (SELECT %s FROM item) AS s', :'all_buckets', :'buckets'), 5) \g /dev/null

-- by parallel workers alone, so that their number is that of the processes at work
SET parallel_leader_participation = off;
SET max_parallel_workers_per_gather = 1;
SELECT measure('aged balance, one group', 'reading the columns with one worker', 'SELECT count(amount_total) FROM item', 5),
	measure('aged balance, one group', 'pg_dunning with one worker', format('SELECT %s FROM (SELECT %s AS b FROM item) AS s', :'all_ours', :'ours'), 5),
	measure('aged balance by customer', 'pg_dunning with one worker', format('SELECT %s FROM (SELECT customer_id, %s AS b FROM item GROUP BY customer_id) AS s', :'all_ours', :'ours'), 5) \g /dev/null
SET max_parallel_workers_per_gather = 2;
SELECT measure('aged balance, one group', 'reading the columns with two workers', 'SELECT count(amount_total) FROM item', 5),
	measure('aged balance, one group', 'pg_dunning with two workers', format('SELECT %s FROM (SELECT %s AS b FROM item) AS s', :'all_ours', :'ours'), 5),
	measure('aged balance by customer', 'pg_dunning with two workers', format('SELECT %s FROM (SELECT customer_id, %s AS b FROM item GROUP BY customer_id) AS s', :'all_ours', :'ours'), 5) \g /dev/null
SET max_parallel_workers_per_gather = 0;
RESET parallel_leader_participation;
RESET enable_indexscan;
RESET enable_indexonlyscan;

-- from an index that has the two columns, where nothing is left to read but them
CREATE INDEX item_narrow ON item (due_date) INCLUDE (amount_total);
VACUUM item;
SET enable_seqscan = off;
SELECT measure('aged balance, one group, by an index', 'reading the columns: count(amount)', 'SELECT count(amount_total) FROM item WHERE due_date IS NOT NULL', 5),
	measure('aged balance, one group, by an index', 'pg_dunning', format('SELECT %s FROM (SELECT %s AS b FROM item WHERE due_date IS NOT NULL) AS s', :'all_ours', :'ours'), 5),
	measure('aged balance, one group, by an index', 'six sum(...) FILTER', format('SELECT %s FROM (SELECT %s FROM item WHERE due_date IS NOT NULL) AS s', :'all_buckets', :'buckets'), 5) \g /dev/null
RESET enable_seqscan;
DROP INDEX item_narrow;

-- Overdue items, by a scan and by the index
SELECT measure('is_overdue, most items', 'pg_dunning', format('SELECT count(*) FROM item WHERE dunning.is_overdue(due_date, %L)', :as_of), 7),
	measure('is_overdue, most items', 'the comparison', format('SELECT count(*) FROM item WHERE due_date < %L', :as_of), 7),
	measure('is_overdue, few items', 'pg_dunning', 'SELECT count(*) FROM item WHERE dunning.is_overdue(due_date, ''2009-01-31'', 5)', 7),
	measure('is_overdue, few items', 'the comparison', 'SELECT count(*) FROM item WHERE due_date < ''2009-01-26''', 7),
	measure('in_aging_bucket, a month of items', 'pg_dunning', format('SELECT count(*) FROM item WHERE dunning.in_aging_bucket(due_date, %L, 2, ''1 month, 2 months'')', '2020-06-30'), 7),
	measure('in_aging_bucket, a month of items', 'the comparisons', 'SELECT count(*) FROM item WHERE due_date >= ''2020-04-30'' AND due_date < ''2020-05-30''', 7),
	measure('in_aging_bucket, most items', 'pg_dunning', format('SELECT count(*) FROM item WHERE dunning.in_aging_bucket(due_date, %L, 4)', :as_of), 7),
	measure('in_aging_bucket, most items', 'the comparison', format('SELECT count(*) FROM item WHERE due_date <= DATE %L - 91', :as_of), 7) \g /dev/null

-- The aged balance of a past day, and of 24, over items and their payments
CREATE TABLE payment AS
	SELECT id AS invoice_id, invoice_date + 20 + (random() * 60)::integer AS paid_on, round(amount_total * CASE WHEN random() < 0.8 THEN 1 ELSE 0.5 END, 2) AS amount
	FROM item WHERE random() < 0.9;
CREATE INDEX ON payment (invoice_id);
VACUUM ANALYZE payment;
CREATE VIEW issued_invoice AS SELECT id, customer_id, invoice_date, due_date, amount_total, currency FROM item;
SELECT * FROM dunning.adopt('issued_invoice', ledger => 'bench',
	columns => '{"amount": "amount_total", "payments": {"table": "payment", "item": "invoice_id", "date": "paid_on", "amount": "amount"}}') \g /dev/null
SELECT measure('aged balance of a past day', 'pg_dunning', 'SELECT sum(total) FROM dunning.aged_balance_report(''2024-12-31'', ''30,60,90'', grouped_by => ''total'') WHERE is_total'),
	measure('aged balance of a past day', 'SQL by hand', 'SELECT sum(total) FROM (SELECT i.currency, sum(i.open) AS total,
			sum(i.open) FILTER (WHERE due_date >= ''2024-12-31''), sum(i.open) FILTER (WHERE due_date < ''2024-12-31'' AND due_date >= ''2024-12-01''),
			sum(i.open) FILTER (WHERE due_date < ''2024-12-01'' AND due_date >= ''2024-11-01''), sum(i.open) FILTER (WHERE due_date < ''2024-11-01'' AND due_date >= ''2024-10-02''), sum(i.open) FILTER (WHERE due_date < ''2024-10-02'')
		FROM (SELECT currency, due_date, i.amount_total - coalesce(p.paid, 0) AS open FROM item AS i
			LEFT JOIN (SELECT invoice_id, sum(amount) AS paid FROM payment WHERE paid_on <= ''2024-12-31'' GROUP BY 1) AS p ON p.invoice_id = i.id
			WHERE i.invoice_date <= ''2024-12-31'') AS i GROUP BY i.currency) AS s'),
	measure('aged balance of a past day', '24 month ends in one pass', 'SELECT sum(total) FROM dunning.aged_balance_series(''2023-01-31'', ''2024-12-31'', scheme => ''30,60,90'', grouped_by => ''total'') WHERE as_of = ''2024-12-31''', 1),
	measure('aged balance of a past day, by customer', 'pg_dunning', 'SELECT sum(total) FROM dunning.aged_balance_report(''2024-12-31'', ''30,60,90'') WHERE is_total', 1),
	measure('aged balance of a past day, by customer', '24 month ends in one pass', 'SELECT sum(total) FROM dunning.aged_balance_series(''2023-01-31'', ''2024-12-31'', scheme => ''30,60,90'', grouped_by => ''customer'') WHERE as_of = ''2024-12-31''', 1) \g /dev/null
