-- The stored facts of an item, and the work list and the holds of a past day: as they
-- are known now, and as they were known then.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();
CREATE FUNCTION pg_temp.try(sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE sql;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE || ': ' || SQLERRM, nullif(hint, ''));
END $$;

CREATE TABLE public.bill (id integer PRIMARY KEY, client integer, issued_on date, due_on date, amount numeric);
INSERT INTO public.bill VALUES (1, 7, '2026-01-01', '2026-02-01', 100), (2, 7, '2026-01-01', '2026-02-01', 100), (3, 8, '2026-01-01', '2026-02-01', 'NaN');
INSERT INTO dunning.procedure (name, procedure) VALUES ('ladder', '5 email; 15 letter; wait 3');
SELECT dunning.adopt('public.bill', procedure => 'ladder', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on", "open_amount": "amount"}') \g /dev/null
-- When all of it was noted: only a superuser who sets the triggers aside can say so.
SET dunning.time_zone = 'Europe/Paris';
CREATE FUNCTION pg_temp.noted(relation regclass, number bigint, moment text, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL session_replication_role = replica;
	EXECUTE format('UPDATE %s SET %I = $2 WHERE %I = $1', relation, moment, CASE relation WHEN 'dunning.hold'::regclass THEN 'hold' ELSE 'reminder' END) USING number, at;
	SET LOCAL session_replication_role = origin;
END $$;

SELECT is(dunning.item_history('bill', '1')::text, '{}', 'nothing has happened');
SELECT is(dunning.run_reminders('2026-02-06'), 2, 'a run');
SELECT is((SELECT message FROM dunning.run_problem WHERE item = '3'), 'the open amount is not a number', 'an amount that is none is a problem');
SELECT results_eq('SELECT item::text, state, problem FROM dunning.worklist WHERE item = ''3''', $$ VALUES ('3', NULL, 'the open amount is not a number') $$, 'and no step is due for it');
SELECT reminder AS email FROM dunning.reminder WHERE item = '1' \gset
SELECT reminder AS other FROM dunning.reminder WHERE item = '2' \gset
SELECT dunning.mark_reminder_sent(:email, '2026-02-07'), dunning.skip_reminder(:other, 'for once', '2026-02-08') \g /dev/null
SELECT is((SELECT count(*) FROM dunning.reminder WHERE skipped_at = now() AND skipped_on = '2026-02-08'), 1::bigint, 'when it was skipped');
-- half an hour before midnight in Paris, and after it
SELECT pg_temp.noted('dunning.reminder', :email, 'raised_at', '2026-02-06 22:30+00'), pg_temp.noted('dunning.reminder', :email, 'sent_at', '2026-02-09 23:30+00'),
	pg_temp.noted('dunning.reminder', :other, 'raised_at', '2026-02-06 12:00+00'), pg_temp.noted('dunning.reminder', :other, 'skipped_at', '2026-02-08 12:00+00') \g /dev/null
SELECT is(dunning.item_history('bill', '1')::text, '{reminder 5 email raised 2026-02-06 sent 2026-02-07 noted 2026-02-10}', 'sent, and noted three days later');
SELECT is(dunning.item_history('bill', '2')::text, '{reminder 5 email raised 2026-02-06 skipped 2026-02-08}', 'skipped, and noted on that day');

SELECT dunning.hold_item('bill', '1', 'manual', '2026-02-12') AS hold, dunning.hold_customer('bill', '7', 'manual', '2026-03-10', '2026-03-15') AS planned,
	dunning.hold_ledger('bill', 'manual', '2026-04-01') AS mistake, dunning.hold_item('bill', '1', 'dispute', '2026-02-20', '2026-02-25', amount => 30) AS part \gset
SELECT is(dunning.release_hold(:hold, 'settled', '2026-03-02'), true, 'released');
SELECT is(dunning.release_hold(:mistake, 'a mistake', '2026-04-01'), true, 'on its first day');
SELECT pg_temp.noted('dunning.hold', :hold, 'noted_at', '2026-02-18 12:00+00'), pg_temp.noted('dunning.hold', :hold, 'released_at', '2026-03-05 12:00+00'),
	pg_temp.noted('dunning.hold', :planned, 'noted_at', '2026-03-01 12:00+00'), pg_temp.noted('dunning.hold', :mistake, 'noted_at', '2026-04-01 12:00+00'),
	pg_temp.noted('dunning.hold', :mistake, 'released_at', '2026-04-03 12:00+00'), pg_temp.noted('dunning.hold', :part, 'noted_at', '2026-02-22 12:00+00') \g /dev/null
SELECT is(dunning.item_history('bill', '1')::text, '{reminder 5 email raised 2026-02-06 sent 2026-02-07 noted 2026-02-10; hold manual from 2026-02-12 noted 2026-02-18 released 2026-03-02 noted 2026-03-05; '
	'hold dispute from 2026-02-20 noted 2026-02-22 until 2026-02-25 stops none then wait; hold manual from 2026-03-10 noted 2026-03-01 until 2026-03-15; hold manual from 2026-04-01 released 2026-04-01 noted 2026-04-03}', 'what holds it, its customer, its ledger, and when that was noted');
SELECT is(dunning.item_history('bill', '2')::text, '{reminder 5 email raised 2026-02-06 skipped 2026-02-08; '
	'hold manual from 2026-03-10 noted 2026-03-01 until 2026-03-15; hold manual from 2026-04-01 released 2026-04-01 noted 2026-04-03}', 'the other item');
SELECT is(pg_temp.try('SELECT dunning.item_history(''bill'', ''9'')'), 'P0002: item "9" of ledger "bill" was not found | It is not in the ledger on that day, or the current user may not see it.', 'no such item');
SELECT is(pg_temp.try('SELECT dunning.item_history(''bill'', ''1'', 2)'), 'P0002: item "1" of ledger "bill" was not found | It is not in the ledger on that day, or the current user may not see it.', 'no such part');
SELECT is(pg_temp.try('SELECT dunning.item_history(''nope'', ''1'')'), '42704: ledger "nope" does not exist | SELECT ledger FROM dunning.ledger lists them.', 'no such ledger');

-- the work list: what is known now, and what was known then
CREATE FUNCTION pg_temp.list(day date, as_seen boolean, of_item text DEFAULT '1') RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', state, step, step_on, until_on, nullif(held_amount, 0), 'since', last_on, 'until', changes_on) FROM dunning.worklist_as_of(day, as_seen) WHERE item::text = of_item $$;
SELECT is(concat_ws(' | ', pg_temp.list(day, false), pg_temp.list(day, true)), expected, format('the work list of %s', day))
FROM (VALUES (date '2026-02-05', 'scheduled 5 2026-02-06 since until 2026-02-06 | scheduled 5 2026-02-06 since until 2026-02-06'),
	('2026-02-08', 'scheduled 15 2026-02-16 since 2026-02-07 until 2026-02-12 | scheduled 15 2026-02-16 since 2026-02-06 until 2026-02-16'),
	('2026-02-10', 'scheduled 15 2026-02-16 since 2026-02-07 until 2026-02-12 | scheduled 15 2026-02-16 since 2026-02-07 until 2026-02-16'),
	('2026-02-17', 'held 15 2026-02-16 since 2026-02-07 until 2026-02-26 | due 15 2026-02-16 since 2026-02-07 until'),
	('2026-02-18', 'held 15 2026-02-16 since 2026-02-07 until 2026-02-26 | held 15 2026-02-16 since 2026-02-07 until'),
	('2026-02-21', 'held 15 2026-02-16 30 since 2026-02-07 until 2026-02-26 | held 15 2026-02-16 since 2026-02-07 until'),
	('2026-02-22', 'held 15 2026-02-16 30 since 2026-02-07 until 2026-02-26 | held 15 2026-02-16 30 since 2026-02-07 until 2026-02-26'),
	('2026-03-03', 'due 15 2026-02-28 since 2026-02-07 until 2026-03-10 | held 15 2026-02-28 since 2026-02-07 until'),
	('2026-03-05', 'due 15 2026-02-28 since 2026-02-07 until 2026-03-10 | due 15 2026-02-28 since 2026-02-07 until 2026-03-10'),
	('2026-03-12', 'held 15 2026-02-28 2026-03-15 since 2026-02-07 until 2026-03-16 | held 15 2026-02-28 2026-03-15 since 2026-02-07 until 2026-03-16'),
	('2026-04-02', 'due 15 2026-02-28 since 2026-02-07 until | held 15 2026-02-28 since 2026-02-07 until'),
	('2026-04-03', 'due 15 2026-02-28 since 2026-02-07 until | due 15 2026-02-28 since 2026-02-07 until')) AS v (day, expected);
SET LOCAL dunning.today = '2026-02-17';
SELECT set_eq('SELECT * FROM dunning.worklist_as_of()', 'SELECT * FROM dunning.worklist', 'the work list of today() is the view');
RESET dunning.today;
SELECT is(pg_temp.try($$ SELECT count(*) FROM dunning.worklist_as_of('infinity') $$), '22023: no work list is possible on infinity | Give a day, or leave as_of out for dunning.today().', 'no day');
SELECT set_eq('SELECT ledger, item, part, state FROM dunning.worklist_as_of(NULL)', 'SELECT ledger, item, part, state FROM dunning.worklist_as_of()', 'NULL is today');

-- the holds
CREATE FUNCTION pg_temp.holds(day date, as_seen boolean) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', about, from_day, until_day, expected_credit), ', ' ORDER BY hold) FROM dunning.hold_as_of(day, as_seen => as_seen) $$;
SELECT dunning.hold_item('bill', '2', 'dispute', '2026-05-01', external_id => 'x') AS open_end \gset
SELECT dunning.hold_item('bill', '2', 'dispute', '2026-05-01', dunning.today() + 9, external_id => 'x'), dunning.resolve_dispute(:open_end, 'customer_right', '2026-05-20', 40) \g /dev/null
SELECT is((SELECT until_at = now() AND expected_at = now() FROM dunning.hold WHERE hold = :open_end), true, 'a last day and a credit that are said later have their moment');
SELECT is((SELECT count(*) FROM dunning.hold WHERE hold <> :open_end AND (until_at IS NOT NULL OR expected_at IS NOT NULL)), 0::bigint, 'others have none');
SELECT pg_temp.noted('dunning.hold', :open_end, 'noted_at', '2026-05-01 12:00+00'), pg_temp.noted('dunning.hold', :open_end, 'until_at', '2026-05-10 12:00+00'),
	pg_temp.noted('dunning.hold', :open_end, 'expected_at', '2026-05-20 12:00+00') \g /dev/null
SELECT is(concat_ws(' | ', pg_temp.holds(day, false), pg_temp.holds(day, true)), replace(expected, '<end>', (dunning.today() + 9)::text), format('the holds of %s', day))
FROM (VALUES (date '2026-02-15', 'item 2026-02-12'), ('2026-02-20', 'item 2026-02-12, amount 2026-02-20 2026-02-25 | item 2026-02-12'), ('2026-03-02', 'item 2026-02-12'), ('2026-03-05', ''),
	('2026-04-02', 'ledger 2026-04-01'), ('2026-05-09', 'item 2026-05-01 <end> 40 | item 2026-05-01'), ('2026-05-10', 'item 2026-05-01 <end> 40 | item 2026-05-01 <end>'),
	('2026-05-20', 'item 2026-05-01 <end> 40 | item 2026-05-01 <end> 40')) AS v (day, expected);

-- the runs as they saw it: the letter went out before anybody noted the hold
SELECT is((SELECT string_agg(concat_ws(' ', r.event, r.on_day, r.channel), ', ' ORDER BY r.on_day)
	FROM dunning.replay('5 email; 15 letter; wait 3', '2026-02-01', '2026-02-08', '2026-03-31', dunning.item_history('bill', '1'), sends => true, as_seen => as_seen) AS r), expected, format('replay, as seen: %s', as_seen))
FROM (VALUES (false, 'raised 2026-03-02 letter'), (true, 'raised 2026-02-16 letter')) AS v (as_seen, expected);

-- an item whose company is not for the reader is not there
CREATE ROLE dunning_half;
SELECT dunning.grant_access('dunning_half', 'viewer', company => 'x') \g /dev/null
GRANT SELECT ON public.bill TO dunning_half;
SET ROLE dunning_half;
SELECT is(pg_temp.try('SELECT dunning.item_history(''bill'', ''1'')'), 'P0002: item "1" of ledger "bill" was not found | It is not in the ledger on that day, or the current user may not see it.', 'of another company nothing is said');
SELECT is((SELECT count(*) FROM dunning.worklist_as_of('2026-02-17', true)), 0::bigint, 'nor in the work list');
RESET ROLE;
-- the items of a customer: the hold of the fourth was noted on the eighth
SELECT results_eq(format($$ SELECT on_day, event, nth FROM dunning.replay_customer('5 email; by customer', '2026-01-01', '2026-01-20', '{2026-01-01,2026-01-02}',
	ARRAY['{hold dispute from 2026-01-04 noted 2026-01-08 until 2026-01-31}', NULL]::dunning.dunning_history[], '{"{2025-12-01: 100.00}","{2025-12-01: 50.00}"}', as_seen => %L) $$, as_seen), rows, 'replay_customer, as seen: ' || as_seen)
FROM (VALUES (true, $$ VALUES (date '2026-01-06', 'raised', 1), ('2026-01-06', 'raised', 2), ('2026-01-08', 'withdrawn', 1) $$),
	(false, $$ VALUES (date '2026-01-07', 'raised', 2) $$)) AS v (as_seen, rows);

SELECT * FROM finish();
ROLLBACK;
