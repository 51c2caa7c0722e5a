-- A run of a watched ledger by its agenda, 1,000 steps due, beside one that reads all
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer, due_date date, open_amount numeric, currency text);
INSERT INTO invoice SELECT i, i % 20000, CASE WHEN i <= 3000 THEN CURRENT_DATE - 5 + (i - 1) / 1000 ELSE CURRENT_DATE + 1 + i % 90 END, 100, 'EUR' FROM generate_series(1, :items) AS i;
CREATE INDEX ON invoice (customer_id);
VACUUM ANALYZE invoice;
INSERT INTO dunning.procedure (name, procedure) VALUES ('ladder', '5 email; 15 phone; 30 letter');
SELECT * FROM dunning.adopt('invoice', procedure => 'ladder', rule => NULL, watch => true) \g /dev/null
CREATE PROCEDURE bench_run(what text) LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz := clock_timestamp();
	raised integer;
BEGIN
	CALL dunning.run(ledger => 'invoice');
	SELECT g.raised INTO raised FROM dunning.run_log AS g ORDER BY g.run DESC LIMIT 1;
	INSERT INTO measure VALUES ('a run of a watched ledger', what, extract(epoch FROM clock_timestamp() - began) * 1000, raised::text);
	COMMIT;
END $$;
CALL bench_run('the first one, which makes the agenda');
-- as autovacuum leaves it
VACUUM ANALYZE _dunning.agenda, dunning.reminder;
-- the next thousand falls due: what the clock would do
UPDATE _dunning.agenda SET look_on = CURRENT_DATE WHERE item IN (SELECT dunning.item_key(i.id) FROM invoice AS i WHERE i.id BETWEEN 1001 AND 2000);
SET session_replication_role = replica;
UPDATE invoice SET due_date = CURRENT_DATE - 5 WHERE id BETWEEN 1001 AND 2000;
SET session_replication_role = origin;
CALL bench_run('1,000 steps due, by the agenda');
SET session_replication_role = replica;
UPDATE invoice SET due_date = CURRENT_DATE - 5 WHERE id BETWEEN 2001 AND 3000;
SET session_replication_role = origin;
SELECT dunning.unwatch_ledger('invoice') \g /dev/null
CALL bench_run('1,000 steps due');
