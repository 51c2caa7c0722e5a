-- Runs over all items, with few and with many steps due
\ir item.sql
CREATE VIEW open_invoice AS SELECT id, number, customer_id, invoice_date, due_date, amount_total, amount_total AS open_amount, currency FROM item;
SELECT * FROM dunning.adopt('open_invoice', ledger => 'bench') \g /dev/null
-- days on which the least and the most items become due for the first step are
-- made by hand: the rest has had its reminders
CREATE PROCEDURE bench_run(what text, n integer) LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz;
	took numeric;
	raised integer;
BEGIN
	SET LOCAL session_replication_role = replica;
	-- its rows are facts, which nobody takes away elsewhere
	ALTER TABLE dunning.reminder DISABLE TRIGGER USER;
	TRUNCATE dunning.reminder;
	ALTER TABLE dunning.reminder ENABLE TRIGGER USER;
	SET LOCAL session_replication_role = origin;
	INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, channel, state, sent_on)
	SELECT 'bench', dunning.item_key(i.id), '20', 4, '2026-06-29', 'meeting', 'sent', '2026-06-29'
	FROM item AS i WHERE i.due_date < '2026-06-25'
		AND i.id NOT IN (SELECT j.id FROM item AS j WHERE j.due_date < '2026-06-01' ORDER BY j.id LIMIT n);
	ANALYZE dunning.reminder;
	COMMIT;
	began := clock_timestamp();
	CALL dunning.run('2026-06-29', 'bench');
	took := extract(epoch FROM clock_timestamp() - began) * 1000;
	SELECT g.raised INTO raised FROM dunning.run_log AS g ORDER BY g.run DESC LIMIT 1;
	INSERT INTO measure VALUES ('a run over all items', what, took, raised::text);
	COMMIT;
END $$;
CALL bench_run('1,000 steps due', 1000);
CALL bench_run('100,000 steps due', 100000);
