-- The work list beside holds, a back-test of a year, and why an item is where it is
\ir item.sql
ALTER TABLE item ADD COLUMN open_amount numeric;
UPDATE item SET open_amount = amount_total, due_date = date '2024-07-01' + id % 720, invoice_date = date '2024-06-01' + id % 720;
VACUUM FULL ANALYZE item;
CREATE VIEW open_invoice AS SELECT id, number, customer_id, invoice_date, due_date, amount_total, open_amount, currency FROM item;
SELECT * FROM dunning.adopt('open_invoice', ledger => 'bench', rule => NULL) \g /dev/null
INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, channel, state, sent_on)
SELECT 'bench', dunning.item_key(i.id), t.step, t.level, i.due_date + t.step::integer, t.channel, 'sent', i.due_date + t.step::integer
FROM item AS i CROSS JOIN dunning.procedure AS p CROSS JOIN LATERAL dunning.steps(p.procedure) AS t
WHERE p.name = (SELECT l.procedure FROM dunning.ledger AS l WHERE l.ledger = 'bench') AND t.step::integer > 0 AND i.due_date + t.step::integer < '2026-06-28' AND i.id % 3 = 0;
VACUUM ANALYZE dunning.reminder;
SET dunning.today = '2026-06-29';
\set worklist 'SELECT concat_ws('' '', count(*), count(*) FILTER (WHERE state = ''due''), count(*) FILTER (WHERE state = ''held'')) FROM dunning.worklist'
SELECT measure_cpu('the work list', 'without holds', :'worklist') \g /dev/null
SELECT measure('why, 100 items', 'without holds', 'SELECT count(*) FROM generate_series(7, 297000, 2970) AS i CROSS JOIN LATERAL dunning.why(''bench'', dunning.item_key(i))') \g /dev/null
SELECT measure('a back-test of 12 months', 'without holds', $$ SELECT sum(steps) FROM dunning.back_test('5 email; 15 email; 30 letter', '2025-07-01', '2026-06-30', 'bench') $$, 1) \g /dev/null
SELECT measure('a back-test of 12 months', 'by customer, without holds', $$ SELECT sum(steps) FROM dunning.back_test('5 email; 15 email; 30 letter; by customer', '2025-07-01', '2026-06-30', 'bench') $$, 1) \g /dev/null
SELECT cardinality(dunning.hold_items('bench', ARRAY(SELECT dunning.item_key(i.id) FROM item AS i WHERE i.id % 10 = 0), 'dispute', '2026-06-01')) \g /dev/null
VACUUM ANALYZE dunning.hold;
SELECT measure_cpu('the work list', 'with a hold of every tenth item', :'worklist') \g /dev/null
SELECT measure('why, 100 items', 'with a hold of every tenth item', 'SELECT count(*) FROM generate_series(7, 297000, 2970) AS i CROSS JOIN LATERAL dunning.why(''bench'', dunning.item_key(i))') \g /dev/null
SELECT measure('a back-test of 12 months', 'with a hold of every tenth item', $$ SELECT sum(steps) FROM dunning.back_test('5 email; 15 email; 30 letter', '2025-07-01', '2026-06-30', 'bench') $$, 1) \g /dev/null
SELECT measure('a back-test of 12 months', 'by customer, with a hold of every tenth item', $$ SELECT sum(steps) FROM dunning.back_test('5 email; 15 email; 30 letter; by customer', '2025-07-01', '2026-06-30', 'bench') $$, 1) \g /dev/null
