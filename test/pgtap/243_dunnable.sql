-- Items that are never dunned, and items that are instalments of one document.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL dunning.today = '2026-06-30';
SELECT no_plan();

INSERT INTO dunning.rule (name, rule) VALUES ('plain', '10%; compensation 40.00 EUR');

-- What is booked of an item: kind, amount, total, reason
CREATE FUNCTION pg_temp.booked(of_ledger name, of_item text, after bigint DEFAULT 0) RETURNS text[] LANGUAGE sql AS $$
	SELECT coalesce(array_agg(concat_ws(' ', c.kind, c.amount, c.total, c.reason) ORDER BY c.claim), '{}')
	FROM dunning.claim AS c WHERE c.ledger = of_ledger AND c.item = of_item AND c.claim > after $$;
CREATE FUNCTION pg_temp.last_claim() RETURNS bigint LANGUAGE sql AS 'SELECT coalesce(max(claim), 0) FROM dunning.claim';
-- What is booked of each item in all, what there is of nothing left out
CREATE FUNCTION pg_temp.balance(of_ledger name) RETURNS text[] LANGUAGE sql AS $$
	SELECT coalesce(array_agg(s.line ORDER BY s.line), '{}')
	FROM (SELECT concat_ws(' ', c.item, c.kind, sum(c.amount)) AS line FROM dunning.claim AS c WHERE c.ledger = of_ledger
		GROUP BY c.item, c.kind HAVING sum(c.amount) <> 0) AS s $$;
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

--
-- What is never dunned
--
CREATE TABLE invoice (id integer PRIMARY KEY, client_id integer, issued_on date, due_date date, amount numeric(12,2), open_amount numeric(12,2), relancable boolean);
INSERT INTO invoice VALUES (1, 7, '2026-01-01', '2026-01-31', 1000, 1000, true), (2, 7, '2026-01-01', '2026-01-31', 20, 20, false),
	(3, 7, '2026-01-01', '2026-01-31', 500, 500, NULL), (4, 7, '2026-01-01', NULL, 30, 30, false), (5, 7, '2026-01-01', NULL, 30, 30, true);
SELECT set_eq($$ SELECT field, source, why FROM dunning.adopt('invoice', rule => 'plain') WHERE field IN ('dunnable', 'document') $$,
	$$ VALUES ('dunnable', 'relancable', 'by its name'), ('document', NULL, 'no column of a known name') $$, 'the field has its words, a document has none');
SELECT results_eq('SELECT item::text, dunnable, document::text FROM dunning.open_item ORDER BY item',
	$$ VALUES ('1', true, NULL), ('2', false, NULL), ('3', NULL, NULL), ('4', false, NULL), ('5', true, NULL) $$, 'the columns of the items');
SELECT results_eq('SELECT item::text, dunnable, status::text, bucket_label, level, channel, state::text, step_on, changes_on, late_interest, compensation, problem FROM dunning.worklist ORDER BY item',
	$$ VALUES ('1', true, 'overdue', '91+', 1, 'email', 'due', date '2026-02-05', NULL::date, 41.10, 40.00, NULL::text),
		('2', false, 'overdue', '91+', NULL, NULL, NULL, NULL, NULL, 0, 0, NULL),
		('3', true, 'overdue', '91+', 1, 'email', 'due', '2026-02-05', NULL, 20.55, 40.00, NULL),
		('4', false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL),
		('5', true, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'the due date is missing') $$,
	'it is on the work list without a step, costs nothing and is no problem; what nothing is said of is dunned');
SELECT is(dunning.run_reminders(dunning.today()), 2, 'the run reminds of the others');
SELECT set_eq('SELECT item::text FROM dunning.reminder', ARRAY['1', '3'], 'and of them only');
SELECT set_eq('SELECT item::text, message FROM dunning.run_problem', $$ VALUES ('5', 'the due date is missing') $$, 'what is not dunned is not set aside');
SELECT is((SELECT what_to_do FROM dunning.health() WHERE finding LIKE '%: the due date is missing'),
	(SELECT format('SELECT * FROM dunning.run_problem WHERE run = %s AND ledger = %L; why a due date is missing: SELECT * FROM dunning.ledger_problems(%2$L) WHERE problem = ''no due date''', p.run, p.ledger) FROM dunning.run_problem AS p),
	'health says where the reason is');
SELECT is((SELECT dunning.total(dunning.aged_balance(open_amount, due_on, dunning.today(), '30,60,90')) FROM dunning.open_item), 1580.00, 'the aged balance has all of it');
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT is(pg_temp.balance('invoice'), ARRAY['1 compensation 40.00', '1 interest 41.10', '3 compensation 40.00', '3 interest 20.55'], 'claims are booked of the others');
SELECT is((SELECT array_agg(p.item::text || ' ' || p.message) FROM dunning.run_problem AS p WHERE p.run = (SELECT max(run) FROM dunning.run_log)),
	ARRAY['5 the due date is missing'], 'none is set aside of what is not dunned');

-- It changes: what was booked is taken back, what is pending is not sent
SELECT pg_temp.last_claim() AS before \gset
UPDATE invoice SET relancable = false WHERE id = 3;
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT is(pg_temp.booked('invoice', '3', :before), ARRAY['compensation -40.00 0 not to be dunned', 'interest -20.55 0 not to be dunned'], 'what was booked before is taken back');
SELECT is(pg_temp.booked('invoice', '1', :before), '{}', 'that of the others stays');
SELECT is_empty('SELECT * FROM dunning.claim_penalties(dunning.today())', 'once');
SELECT is(dunning.run_reminders(dunning.today()), 0, 'nothing new is raised');
SELECT results_eq('SELECT item::text, state::text, reason FROM dunning.reminder ORDER BY item', $$ VALUES ('1', 'pending', NULL), ('3', 'cancelled', 'not to be dunned') $$,
	'and what is pending is cancelled, with the reason');
SET LOCAL dunning.today = '2026-07-10';
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT is(pg_temp.booked('invoice', '3', :before), ARRAY['compensation -40.00 0 not to be dunned', 'interest -20.55 0 not to be dunned'], 'nothing accrues');
SELECT pg_temp.last_claim() AS before \gset
UPDATE invoice SET relancable = true WHERE id = 3;
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT is((SELECT sum(c.amount) FROM dunning.claim AS c WHERE c.item = '3' AND c.kind = 'interest'), round(500 * 0.10 * 160 / 365, 2), 'dunned again it owes interest of every day');
SELECT is((SELECT array_agg(DISTINCT c.reason ORDER BY c.reason) FROM dunning.claim AS c WHERE c.item = '3' AND c.claim > :before), ARRAY['accrued', 'to be dunned again'], 'and the booking says why');
SELECT is((SELECT state::text FROM dunning.worklist WHERE item = '3'), 'due', 'its step is due again');
SELECT dunning.run_reminders(dunning.today()) \g /dev/null
SELECT is((SELECT array_agg(r.state::text ORDER BY r.reminder) FROM dunning.reminder AS r WHERE r.item = '3'), ARRAY['cancelled', 'pending'], 'and is raised');
-- a waived claim is taken back as what it is
SELECT dunning.set_claim_state(claim, 'waived', 'said so') FROM dunning.claim WHERE item = '3' AND kind = 'compensation' AND amount > 0 AND claim > :before \g /dev/null
SELECT pg_temp.last_claim() AS before \gset
UPDATE invoice SET relancable = false, due_date = NULL WHERE id = 3;
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT is((SELECT array_agg(concat_ws(' ', c.kind, c.amount, c.state) ORDER BY c.claim) FROM dunning.claim AS c WHERE c.claim > :before AND c.item = '3'),
	ARRAY['compensation -40.00 waived', 'interest -21.92 accrued'], 'without a due date, too, and what was waived as waived');
SELECT is(pg_temp.try($$ SELECT dunning.adopt('invoice', columns => '{"dunnable": "id"}', replace => true) $$),
	'42804: column "id" of public.invoice is of type integer', 'the field takes a boolean');
SELECT dunning.release_ledger('invoice') \g /dev/null

--
-- Instalments of one document
--
CREATE TABLE instalment (id integer PRIMARY KEY, move_id integer, client_id integer, issued_on date, due_date date, amount numeric(12,2), pro boolean DEFAULT true);
CREATE INDEX ON instalment (move_id);
CREATE TABLE paid (instalment_id integer, day date, amount numeric(12,2));
CREATE INDEX ON paid (instalment_id);
INSERT INTO instalment VALUES (11, 100, 7, '2025-01-01', '2025-01-31', 500), (12, 100, 7, '2025-01-01', '2025-02-28', 500), (13, 100, 7, '2025-01-01', '2025-12-31', 500),
	(21, 200, 7, '2025-01-01', '2025-03-31', 300), (22, 200, 7, '2025-01-01', '2025-03-31', 300),
	(31, NULL, 7, '2025-01-01', '2025-03-31', 300), (32, NULL, 7, '2025-01-01', '2025-03-31', 300);
\set map '{"key": "id", "customer": "client_id", "due_on": "due_date", "issued_on": "issued_on", "amount": "amount", "currency": "EUR", "document": "move_id", "payments": {"table": "paid", "item": "instalment_id", "date": "day", "amount": "amount"}}'
SET LOCAL dunning.today = '2025-06-30';
SELECT set_eq(format('SELECT field, source FROM dunning.adopt(''instalment'', rule => ''plain'', columns => %L) WHERE field = ''document''', :'map'),
	$$ VALUES ('document', 'move_id') $$, 'a document is mapped by its column');
SELECT is((SELECT array_agg(concat_ws(' ', w.item, w.document, trim_scale(w.compensation)) ORDER BY w.item) FROM dunning.worklist AS w),
	ARRAY['11 100 40', '12 100 0', '13 100 0', '21 200 40', '22 200 0', '31 40', '32 40'], 'the first late item of a document bears its compensation');
SELECT results_eq($$ SELECT item::text FROM dunning.open_item WHERE ledger = 'instalment' AND document = '100' ORDER BY item $$, ARRAY['11', '12', '13'], 'items are looked up by their document');
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT is((SELECT array_agg(b) FROM unnest(pg_temp.balance('instalment')) AS b WHERE b ~ 'compensation'),
	ARRAY['11 compensation 40.00', '21 compensation 40.00', '31 compensation 40.00', '32 compensation 40.00'], 'so do the claims');
SELECT is((SELECT array_agg(DISTINCT c.document::text) FROM dunning.claim AS c WHERE c.item IN ('11', '12', '31')), ARRAY['100', NULL], 'which remember the document');
SELECT is((SELECT count(DISTINCT item) FROM dunning.claim WHERE kind = 'interest' AND ledger = 'instalment'), 6::bigint, 'interest is owed for each');
SELECT is_empty('SELECT * FROM dunning.claim_penalties(dunning.today())', 'and a second booking finds nothing');

-- paid, late all the same: it stays with the document
SELECT pg_temp.last_claim() AS before \gset
INSERT INTO paid VALUES (11, '2025-06-15', 500);
SELECT is((SELECT array_agg(concat_ws(' ', w.item, trim_scale(w.compensation)) ORDER BY w.item) FROM dunning.worklist AS w WHERE w.document = '100'),
	ARRAY['12 40', '13 0'], 'of what is open the next one shows it');
SET LOCAL dunning.today = '2026-01-15';
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT is((SELECT array_agg(b) FROM unnest(pg_temp.balance('instalment')) AS b WHERE b ~ '^1. compensation'), ARRAY['11 compensation 40.00'], 'and nothing more is booked for it');
-- it was paid in time after all: the next late one owes it
SELECT pg_temp.last_claim() AS before \gset
UPDATE paid SET day = '2025-01-15';
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT is((SELECT array_agg(b) FROM unnest(pg_temp.balance('instalment')) AS b WHERE b ~ '^1. compensation'), ARRAY['12 compensation 40.00'], 'corrected, another item of the document owes it');
SELECT is((SELECT array_agg(concat_ws(' ', c.item, c.amount, c.reason) ORDER BY c.item) FROM dunning.claim AS c WHERE c.claim > :before AND c.kind = 'compensation'),
	ARRAY['11 -40.00 amount or payments corrected', '12 40.00 first claim'], 'with the reasons');
-- an earlier one becomes late again: it stays where it is booked
DELETE FROM paid;
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT is((SELECT array_agg(b) FROM unnest(pg_temp.balance('instalment')) AS b WHERE b ~ '^1. compensation'), ARRAY['12 compensation 40.00'], 'it stays with the item for which it is booked');
-- which is deleted: its claim stays, and the document owes no second one
DELETE FROM instalment WHERE id = 12;
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT is((SELECT array_agg(b) FROM unnest(pg_temp.balance('instalment')) AS b WHERE b ~ '^1. compensation'), ARRAY['12 compensation 40.00'], 'even if that one is gone');
-- or set aside
UPDATE instalment SET due_date = NULL WHERE id = 21;
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT is((SELECT array_agg(b) FROM unnest(pg_temp.balance('instalment')) AS b WHERE b ~ '^2. compensation'), ARRAY['21 compensation 40.00'], 'or set aside');
SELECT is((SELECT array_agg(item::text) FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)), ARRAY['21'], 'which says so');
UPDATE instalment SET due_date = '2025-03-31' WHERE id = 21;

-- item by item, as where one raises an error
INSERT INTO instalment VALUES (41, 400, 7, '2025-01-01', '2025-01-31', 100), (42, 400, 7, '2025-01-01', '2025-01-31', 100), (43, 400, 7, '2025-01-01', '2025-01-31', 100);
SELECT _dunning.claim_book((SELECT max(run) FROM dunning.run_log), '2026-01-15', 'instalment', ARRAY[k]::dunning.item_key[]) FROM unnest(ARRAY['42', '43', '41', '42']) AS k \g /dev/null
SELECT is((SELECT array_agg(b) FROM unnest(pg_temp.balance('instalment')) AS b WHERE b ~ '^4. compensation'), ARRAY['42 compensation 40.00'], 'one of a document bears it, whatever is looked at when');
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties(dunning.today()) WHERE kind = 'compensation' $$, 'all together, too');

-- a document whose first item is not dunned
SELECT dunning.release_ledger('instalment') \g /dev/null
ALTER TABLE instalment ADD dunnable boolean DEFAULT true;
UPDATE instalment SET dunnable = false WHERE id = 41;
SELECT dunning.adopt('instalment', rule => 'plain', ledger => 'anew', columns => :'map') \g /dev/null
SELECT is((SELECT array_agg(concat_ws(' ', w.item, trim_scale(w.compensation)) ORDER BY w.item) FROM dunning.worklist AS w WHERE w.document = '400'),
	ARRAY['41 0', '42 40', '43 0'], 'what is not dunned bears nothing');
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT is((SELECT array_agg(b) FROM unnest(pg_temp.balance('anew')) AS b WHERE b ~ '^4. compensation'), ARRAY['42 compensation 40.00'], 'nor in the claims');

-- A ledger that gets the field: what was booked for each item is taken back but once
SELECT dunning.adopt('instalment', ledger => 'anew', columns => :'map'::jsonb || '{"document": null}', replace => true) \g /dev/null
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT is((SELECT count(*) FROM unnest(pg_temp.balance('anew')) AS b WHERE b ~ ' compensation'), 8::bigint, 'without the field each item owes it');
SELECT pg_temp.last_claim() AS before \gset
SELECT dunning.adopt('instalment', ledger => 'anew', columns => :'map', replace => true) \g /dev/null
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT is((SELECT array_agg(b) FROM unnest(pg_temp.balance('anew')) AS b WHERE b ~ ' compensation'),
	ARRAY['11 compensation 40.00', '21 compensation 40.00', '31 compensation 40.00', '32 compensation 40.00', '42 compensation 40.00'], 'with it each document');
SELECT is((SELECT array_agg(DISTINCT c.reason) FROM dunning.claim AS c WHERE c.claim > :before AND c.kind = 'compensation'), ARRAY['owed by another item of the document'], 'and the bookings say why');

-- Parts of an item and documents of items at once
CREATE TABLE split (id integer PRIMARY KEY, doc text, client_id integer, issued_on date, terms text, amount numeric(12,2), open_amount numeric(12,2));
INSERT INTO split VALUES (1, 'a', 7, '2025-01-01', '50% 10 days, balance 20 days', 100, 100), (2, 'a', 7, '2025-01-01', '50% 5 days, balance 20 days', 100, 100),
	(3, NULL, 7, '2025-01-01', '50% 10 days, balance 20 days', 100, 100);
SELECT dunning.adopt('split', rule => 'plain', columns => '{"key": "id", "document": "doc", "currency": "EUR"}') \g /dev/null
SELECT is((SELECT array_agg(concat_ws(' ', w.item, w.part, trim_scale(w.compensation)) ORDER BY w.item, w.part) FROM dunning.worklist AS w WHERE w.ledger = 'split' AND w.document = 'a'),
	ARRAY['1 1 0', '1 2 0', '2 1 40', '2 2 0'], 'of all parts of all items of a document the first one shows it');
SELECT dunning.claim_penalties(dunning.today(), ledger => 'split') \g /dev/null
SELECT is((SELECT array_agg(concat_ws(' ', c.item, c.part, c.amount)) FROM dunning.claim AS c WHERE c.ledger = 'split' AND c.kind = 'compensation'),
	ARRAY['2 1 40.00', '3 1 40.00'], 'and has it booked');
SELECT is((SELECT array_agg(concat_ws(' ', w.item, w.part, trim_scale(w.compensation)) ORDER BY w.part) FROM dunning.worklist AS w WHERE w.ledger = 'split' AND w.item = '3'),
	ARRAY['3 1 40', '3 2 0'], 'the parts of an item without a document owe one, too');
SELECT is(dunning.run_reminders(dunning.today(), ledger => 'split'), 6, 'all parts are reminded of');
SELECT is((SELECT array_agg(concat_ws(' ', r.item, r.part, trim_scale(r.compensation)) ORDER BY r.item, r.part) FROM dunning.reminder AS r WHERE r.ledger = 'split'),
	ARRAY['1 1 0', '1 2 0', '2 1 40', '2 2 0', '3 1 40', '3 2 0'], 'so say the reminders');
SELECT is(dunning.notice_context('split', '7'::dunning.item_key) #>> '{totals,raw,compensation}', '80.00', 'a message asks for one of the document and one of the item');
SELECT is((SELECT sum((f #>> '{raw,compensation}')::numeric) FROM jsonb_path_query(dunning.case_file('split', '7'::dunning.item_key), '$.file.items[*]') AS f), 80.00, 'the file has the same');
SELECT dunning.insolvency('7', dunning.today(), ledger => 'split') \g /dev/null
SELECT is((SELECT array_agg(concat_ws(' ', c.item, c.part, trim_scale(c.compensation)) ORDER BY c.item, c.part) FROM dunning.insolvency_claims(ledger => 'split') AS c),
	ARRAY['1 1 0', '1 2 0', '2 1 40', '2 2 0', '3 1 40', '3 2 0'], 'and that is declared');
-- 50 are paid, which were due first
UPDATE split SET open_amount = 50 WHERE id = 3;
SELECT is((SELECT array_agg(concat_ws(' ', w.item, w.part, trim_scale(w.compensation))) FROM dunning.worklist AS w WHERE w.ledger = 'split' AND w.item = '3'),
	ARRAY['3 2 40'], 'of what is open the next part shows it');

-- Consumers and professionals in one document, and keys that look like words of the work list
CREATE TABLE mixed (id text PRIMARY KEY, client_id integer, doc text, issued_on date, due_date date, open_amount numeric(12,2), professional boolean);
INSERT INTO mixed VALUES ('a', 7, 'D', '2025-01-01', '2025-01-31', 100, false), ('b', 7, 'D', '2025-01-01', '2025-02-28', 100, true),
	('c', 7, 'D', '2025-01-01', '2025-03-31', 100, true), ('d', 7, '<bears>', '2025-01-01', '2025-01-31', 100, true),
	('e', 7, '<bears>', '2025-01-01', '2025-02-28', 100, true), ('f', 7, '<items>', '2025-01-01', '2025-01-31', 100, true),
	('g', 7, '<items>', '2025-01-01', '2025-02-28', 100, true),
	('<bears>', 7, 'K', '2025-01-01', '2025-01-31', 100, true), ('<items>', 7, 'K', '2025-01-01', '2025-02-28', 100, true);
SELECT dunning.adopt('mixed', rule => 'france', columns => '{"key": "id", "customer": "client_id", "due_on": "due_date", "issued_on": "issued_on", "open_amount": "open_amount", "currency": "EUR", "document": "doc", "professional": "professional"}') \g /dev/null
SELECT set_eq($$ SELECT item::text, trim_scale(w.compensation) FROM dunning.worklist AS w WHERE w.ledger = 'mixed' AND w.compensation > 0 $$,
	$$ VALUES ('b', 40.0), ('d', 40), ('f', 40), ('<bears>', 40) $$, 'the first late item of a professional bears it, whatever the document is called');
SELECT is(dunning.run_reminders(dunning.today(), ledger => 'mixed'), 9, 'all of them are reminded of');
SELECT set_eq($$ SELECT item::text, trim_scale(r.compensation) FROM dunning.reminder AS r WHERE r.ledger = 'mixed' AND r.compensation > 0 $$,
	$$ VALUES ('b', 40.0), ('d', 40), ('f', 40), ('<bears>', 40) $$, 'so say the reminders');
SELECT dunning.claim_penalties(dunning.today(), ledger => 'mixed') \g /dev/null
SELECT set_eq($$ SELECT c.item::text, trim_scale(c.amount) FROM dunning.claim AS c WHERE c.ledger = 'mixed' AND c.kind = 'compensation' $$,
	$$ VALUES ('b', 40.0), ('d', 40), ('f', 40), ('<bears>', 40) $$, 'and the claims');
-- by its key
SELECT is((SELECT array_agg(concat_ws(' ', w.item, trim_scale(w.compensation))) FROM dunning.worklist AS w WHERE w.ledger = 'mixed' AND w.item = k::dunning.item_key), ARRAY[k || ' ' || c], 'looked up by its key: ' || k)
FROM (VALUES ('<bears>', 40), ('<items>', 0)) AS v (k, c);
SELECT dunning.release_ledger('mixed') \g /dev/null

-- Look-ups by a document reach the index of its column
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	lines text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		lines := lines || E'\n' || line;
	END LOOP;
	RETURN lines;
END $$;
INSERT INTO instalment SELECT 1000 + n, 1000 + n / 3, n % 100, '2025-01-01', '2025-01-31', 10 FROM generate_series(1, 5000) AS n;
ANALYZE instalment;
PREPARE of_document (dunning.item_key) AS SELECT item FROM dunning.open_item WHERE ledger = 'anew' AND document = $1;
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT matches(pg_temp.plan('EXECUTE of_document(''100'')'), 'instalment_move_id_idx', 'a document that is known later only is looked up by the index, too');
SELECT dunning.release_ledger(l) FROM unnest(ARRAY['anew', 'split']::name[]) AS l \g /dev/null
SELECT is_empty($$ SELECT * FROM dunning.open_item WHERE document IS NOT NULL $$, 'and none is left');

SELECT * FROM finish();
ROLLBACK;
