-- Items that cannot be computed: found by halves, noted within a bound, pruned.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SELECT no_plan();

CREATE TABLE public.bill (id integer PRIMARY KEY, client integer, due_on date, amount numeric, parts integer NOT NULL DEFAULT 1);
INSERT INTO public.bill SELECT k, k % 7, '2026-03-01', 100 FROM generate_series(1, 5000) AS k;
ANALYZE public.bill;
CREATE VIEW public.open_bill AS SELECT id, client, due_on, amount / parts AS open_amount FROM public.bill;
SELECT dunning.adopt('public.open_bill', ledger => 'bill', columns => '{"key": "id"}', rule => NULL) \g /dev/null
CREATE FUNCTION pg_temp.noted() RETURNS text[] LANGUAGE sql AS $$
	SELECT coalesce(array_agg(concat_ws('|', p.item, p.topic, p.items, p.message) ORDER BY p.topic, p.item::text), '{}')
	FROM dunning.run_problem AS p WHERE p.run = (SELECT max(run) FROM dunning.run_log) $$;

-- each error costs some log2(n) readings, not n
UPDATE public.bill SET parts = 0 WHERE id IN (17, 2500, 4999);
SELECT is(dunning.run_reminders('2026-03-06'), 4997, 'all items but three are reminded');
SELECT is(pg_temp.noted(), ARRAY['17||1|division by zero', '2500||1|division by zero', '4999||1|division by zero'], 'which are set aside by their names');
SELECT is((SELECT count(*) FROM _dunning.run_item), 0::bigint, 'nothing that was read is left');
-- of what is pending, too
UPDATE public.bill SET parts = 0 WHERE id = 18;
UPDATE public.bill SET amount = 0 WHERE id = 19;
SELECT is(dunning.run_reminders('2026-03-06'), 0, 'a pending one that cannot be read');
SELECT is((SELECT array_agg(item || ' ' || state ORDER BY item::text) FROM dunning.reminder WHERE item IN ('18', '19', '20')), ARRAY['18 pending', '19 cancelled', '20 pending'],
	'is left alone, while the others are looked at');
SELECT is(pg_temp.noted(), ARRAY['17||1|division by zero', '18||1|division by zero', '2500||1|division by zero', '4999||1|division by zero'], 'and it is noted once');
-- and of claims
UPDATE public.bill SET due_on = _dunning.real_day() - 60, parts = 1;
SELECT dunning.adopt('public.open_bill', ledger => 'bill', rule => 'france', replace => true) \g /dev/null
UPDATE public.bill SET parts = 0 WHERE id IN (17, 18, 2500, 4999);
SELECT is((SELECT items FROM dunning.claim_penalties() WHERE kind = 'compensation'), 4995::bigint, 'claims are booked of all that can be read');
SELECT is(pg_temp.noted(), ARRAY['17||1|division by zero', '18||1|division by zero', '2500||1|division by zero', '4999||1|division by zero'], 'the same ones are set aside');

-- a ledger without due dates notes a thousand items and the number of the others
UPDATE public.bill SET parts = 1, due_on = NULL;
SELECT is(dunning.run_reminders(), 0, 'a ledger without due dates');
SELECT is((SELECT count(*) FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log) AND topic = ''), 1000::bigint, 'notes a thousand items');
SELECT is((SELECT concat_ws('|', item, items, message ~ '^more items have a problem, such as \d+$') FROM dunning.run_problem
	WHERE run = (SELECT max(run) FROM dunning.run_log) AND topic = 'more'), '|3999|t', 'and how many more there are');
SELECT _dunning.note_problem(77, 'bill', k::text::dunning.item_key, 'XX000', 'broken') FROM generate_series(1, 1200) AS k \g /dev/null
SELECT is((SELECT array_agg(concat_ws('|', topic, n, items) ORDER BY topic) FROM (SELECT topic, count(*) AS n, sum(items) AS items FROM dunning.run_problem WHERE run = 77 GROUP BY topic) AS s),
	ARRAY['|1000|1000', 'more|1|200'], 'one by one, too');

-- a few items of a ledger are looked up; without an index it is read once
SELECT ok(_dunning.keys_source('bill', _dunning.real_day(), '{1,2,3}') ~ ' LATERAL ', 'three items are looked up');
ALTER TABLE public.bill DROP CONSTRAINT bill_pkey;
SELECT ok(_dunning.keys_source('bill', _dunning.real_day(), '{1,2,3}') !~ ' LATERAL ', 'without an index all are read at once');

-- pruned by age; what a run wrote is its history
SELECT count(*) AS before FROM dunning.run_problem \gset
SELECT dunning.run_reminders() \g /dev/null
SELECT is(dunning.prune_runs(), 0::bigint, 'nothing is old');
SET session_replication_role = replica; UPDATE dunning.run_log SET started_at = now() - interval '40 days', finished_at = now() - interval '40 days'; RESET session_replication_role;
SELECT is((SELECT count(*) FROM dunning.run_log), 5::bigint, 'five runs');
SELECT is(dunning.prune_runs('30 days'), (SELECT count(*) FROM dunning.run_problem WHERE run <> 77), 'problems are deleted after their time');
SELECT is((SELECT count(*) FROM dunning.run_log WHERE (raised, cancelled, booked) <> (0, 0, 0)), (SELECT count(*) FROM dunning.run_log), 'and the log of runs that wrote nothing');
SELECT is((SELECT count(*) FROM dunning.run_log), 4::bigint, 'the others stay');
SELECT throws_ok('SELECT dunning.prune_runs(''1 hour'')', '22023', 'runs cannot be pruned after 01:00:00');
SET session_replication_role = replica; UPDATE dunning.run_log SET started_at = now() - interval '2 years' WHERE run = 1; RESET session_replication_role;
INSERT INTO dunning.run_problem (run, ledger, item, message) VALUES (1, 'bill', '', 'old');
SELECT is(dunning.run_reminders(), 0, 'a run');
SELECT is((SELECT count(*) FROM dunning.run_problem WHERE run = 1), 0::bigint, 'prunes what is older than a year');

SELECT * FROM finish();
