-- What is pending is right, and what was done counts: skipped levels, changed
-- procedures, the clock of those who write, missing rates, and what happened to
-- an item between two runs.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SELECT no_plan();

\ir try.psql
-- The reminders of an item, in the order in which they were raised
CREATE FUNCTION pg_temp.life(of_item text, of_ledger name DEFAULT 'bill') RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', r.level, r.state, r.open_amount, r.reason), '; ' ORDER BY r.reminder)
	FROM dunning.reminder AS r WHERE r.ledger = of_ledger AND r.item = of_item $$;
CREATE FUNCTION pg_temp.pending(of_item text, of_ledger name DEFAULT 'bill') RETURNS bigint LANGUAGE sql AS $$
	SELECT r.reminder FROM dunning.reminder AS r WHERE r.ledger = of_ledger AND r.item = of_item AND r.state = 'pending' ORDER BY r.level DESC LIMIT 1 $$;
-- What the last run noted
CREATE FUNCTION pg_temp.noted() RETURNS text[] LANGUAGE sql AS $$
	SELECT coalesce(array_agg(concat_ws('|', p.item, p.topic, p.items, p.message) ORDER BY p.topic COLLATE "C", p.item), '{}')
	FROM dunning.run_problem AS p WHERE p.run = (SELECT max(run) FROM dunning.run_log) $$;
-- The next step on a day
CREATE FUNCTION pg_temp.step(of_item text, day date, of_ledger name DEFAULT 'bill') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	step text;
BEGIN
	PERFORM set_config('dunning.today', to_char(day, 'YYYY-MM-DD'), false);
	SELECT concat_ws(' ', w.state, w.level, w.channel, w.label) INTO step FROM dunning.worklist AS w WHERE w.ledger = of_ledger AND w.item = of_item;
	PERFORM set_config('dunning.today', '', false);
	RETURN step;
END $$;

CREATE TABLE public.bill (id integer PRIMARY KEY, client integer NOT NULL, issued_on date, due_on date, amount numeric, held boolean, disputed boolean,
	email text, own_procedure text);
CREATE TABLE public.payment (bill integer, paid_on date, amount numeric);
CREATE INDEX ON public.payment (bill);
INSERT INTO dunning.procedure (name, procedure) VALUES ('ladder', '5 email; 10 phone fee 7.50 EUR; 15 letter; wait 3');
SELECT dunning.adopt('public.bill', procedure => 'ladder', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on",
	"amount": "amount", "held": "held", "disputed": "disputed", "email": "email", "procedure": "own_procedure", "currency": "EUR",
	"payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount"}}') \g /dev/null
INSERT INTO public.bill (id, client, issued_on, due_on, amount, email) SELECT k, k, '2026-01-01', '2026-03-01', 1000, k || '@example.org' FROM generate_series(1, 20) AS k;

--
-- The day of those who write is the real one
--
SET dunning.today = '2026-03-06';
SELECT results_eq('SELECT DISTINCT w.days_past_due, dunning.days_past_due(w.due_on), dunning.item_status(w.open_amount, w.due_on)::text FROM dunning.worklist AS w', $$ VALUES (5, 5, 'overdue') $$, 'the work list and what stands beside it have one clock');
SELECT is(dunning.run_reminders(ledger => 'bill'), 20, 'a run without a day');
SELECT is((SELECT array_agg(DISTINCT raised_on) FROM dunning.reminder), ARRAY[_dunning.real_day()], 'is one of the current date, whatever dunning.today says');
SET session_replication_role = replica; TRUNCATE dunning.reminder; RESET session_replication_role;
CALL dunning.run(ledger => 'bill');
SELECT is((SELECT array_agg(DISTINCT raised_on) FROM dunning.reminder), ARRAY[_dunning.real_day()], 'so is the procedure''s');
SELECT is((SELECT as_of FROM dunning.run_log ORDER BY run DESC LIMIT 1), _dunning.real_day(), 'and its log');
SELECT is(dunning.mark_reminder_sent(pg_temp.pending('1')), true, 'sent');
SELECT is(dunning.skip_reminder(pg_temp.pending('2'), 'a friend'), true, 'skipped');
SELECT is((SELECT array_agg(DISTINCT coalesce(sent_on, skipped_on)) FROM dunning.reminder WHERE state <> 'pending'), ARRAY[_dunning.real_day()], 'on the current date, both');
SELECT count(*) FROM dunning.claim_penalties(ledger => 'bill') \g /dev/null
SELECT is((SELECT as_of FROM dunning.run_log WHERE kind = 'claims' ORDER BY run DESC LIMIT 1), _dunning.real_day(), 'and so are claims');
RESET dunning.today;
SET session_replication_role = replica; TRUNCATE dunning.reminder; RESET session_replication_role;
-- and no day to come
SET dunning.today = '2062-12-01';
SELECT is(regexp_replace(pg_temp.try(format(statement, _dunning.real_day() + 1)), '\d{4}-\d\d-\d\d', 'DAY', 'g'), answer, statement)
FROM (VALUES
	('SELECT dunning.run_reminders(%L)', '22023: no run is possible on DAY, a day to come | BEGIN; SET LOCAL dunning.today = ''DAY''; SELECT * FROM dunning.worklist; COMMIT shows what will be due.'),
	('CALL dunning.run(%L)', '22023: no run is possible on DAY, a day to come | BEGIN; SET LOCAL dunning.today = ''DAY''; SELECT * FROM dunning.worklist; COMMIT shows what will be due.'),
	('SELECT dunning.claim_penalties(%L)', '22023: claims cannot be booked for DAY, a day to come | Interest of a day to come is not owed yet; dunning.late_interest() tells what it will be.')) AS v (statement, answer);
RESET dunning.today;
SELECT is(dunning.run_reminders('2026-03-06', 'bill'), 20, 'an error lets the lock go');
SELECT matches(pg_temp.try(format('SELECT dunning.mark_reminder_sent(%s, _dunning.real_day() + 1)', pg_temp.pending('1'))), '^22023: reminder \d+ cannot have been sent on ', 'nothing was sent tomorrow');
SELECT matches(pg_temp.try(format('SELECT dunning.mark_reminder_sent(%s, %L)', pg_temp.pending('1'), '2062-12-01')), '^22023: ', 'nor later');
SELECT is(dunning.mark_reminder_sent(pg_temp.pending('1'), _dunning.real_day()), true, 'today it was');

--
-- Skipped: done, and not sent
--
SELECT is(pg_temp.life('2'), '1 pending 1000', 'a reminder');
SELECT pg_temp.pending('2') AS two \gset
SELECT is(pg_temp.try(format('SELECT dunning.skip_reminder(%s, %L)', :two, reason)), '22023: a reason is needed to skip a reminder | The history of an item has to say why a step counts that was not sent.',
	format('no reason: %L', reason)) FROM (VALUES (''), (' '), (NULL)) AS v (reason);
SELECT is(pg_temp.try('SELECT dunning.skip_reminder(-1, ''x'')'), 'P0002: reminder -1 does not exist', 'none to skip');
SELECT is(dunning.skip_reminder(:two, ' told on the telephone '), true, 'is skipped');
SELECT is(dunning.skip_reminder(:two, 'again'), false, 'once');
SELECT is((SELECT concat_ws(' ', state, skipped_on = _dunning.real_day(), reason, sent_on, cancelled_at) FROM dunning.reminder WHERE reminder = :two), 'skipped t told on the telephone', 'with its reason, and was not sent');
SELECT is(pg_temp.try(format('SELECT dunning.mark_reminder_sent(%s)', :two)), format('55000: reminder %s is skipped | Send only what is pending.', :two), 'nor is it sent any more');
SELECT is(pg_temp.try(format('SELECT dunning.skip_reminder(%s, ''x'')', reminder)), format('55000: reminder %s is sent | Skip only what is pending.', reminder), 'what was sent is not skipped')
FROM dunning.reminder WHERE item = '1';
SELECT is(dunning.run_reminders('2026-03-07', 'bill'), 0, 'the same level is not raised the next night');
SELECT is((SELECT concat_ws(' ', last_step, last_channel, last_on = _dunning.real_day(), level, step_on = _dunning.real_day() + 3) FROM dunning.worklist WHERE ledger = 'bill' AND item = '2'),
	'5 email t 2 t', 'and the wait counts from the day it was skipped');
SET session_replication_role = replica; UPDATE dunning.reminder SET skipped_on = '2026-03-07' WHERE reminder = :two; RESET session_replication_role;
SELECT dunning.run_reminders('2026-03-11', 'bill') \g /dev/null
SELECT is(pg_temp.life('2'), '1 skipped 1000 told on the telephone; 2 pending 1000', 'the next one comes');
-- a fee is for what was sent
SELECT is(dunning.skip_reminder(pg_temp.pending('2'), 'no answer'), true, 'a call that is not made');
SELECT is(dunning.mark_reminder_sent(pg_temp.pending('3'), '2026-03-12'), true, 'and one that is');
SELECT results_eq('SELECT kind, items, amount FROM dunning.claim_penalties(''2026-03-20'', ''bill'')', $$ VALUES ('fee', 1::bigint, 7.50) $$, 'costs its fee alone');
SELECT is(dunning.cancel_reminder(reminder, 'he was not in', '2026-03-12'), true, 'a skipped one is cancelled') FROM dunning.reminder WHERE item = '2' AND level = 2;
SELECT is(pg_temp.step('2', '2026-03-12'), 'due 2 phone', 'and is due again');
SELECT is(pg_temp.try(format('SELECT dunning.skip_reminder(%s, ''x'')', reminder)), format('55000: reminder %s is cancelled | Skip only what is pending.', reminder), 'what is cancelled is not skipped')
FROM dunning.reminder WHERE item = '2' AND state = 'cancelled';
SET session_replication_role = replica; TRUNCATE dunning.reminder, dunning.claim; RESET session_replication_role;

--
-- What is pending is looked at again
--
SELECT is(dunning.run_reminders('2026-03-06', 'bill'), 20, 'all are late');
SELECT is((SELECT count(*) FROM dunning.to_send), 20::bigint, 'and can be sent');
UPDATE public.bill SET due_on = '2026-03-31' WHERE id = 1;
INSERT INTO public.payment VALUES (2, '2026-03-06', 900), (3, '2026-03-06', 1000), (4, '2026-03-20', 1000);
UPDATE public.bill SET held = true WHERE id = 5;
UPDATE public.bill SET disputed = true WHERE id = 6;
UPDATE public.bill SET due_on = NULL WHERE id = 7;
UPDATE public.bill SET own_procedure = 'no such' WHERE id = 8;
UPDATE public.bill SET email = 'new@example.org' WHERE id = 9;
UPDATE public.bill SET due_on = '2026-02-20' WHERE id = 10;
DELETE FROM public.bill WHERE id = 11;
UPDATE public.bill SET amount = NULL WHERE id = 12;
UPDATE public.bill SET client = 99 WHERE id = 13;
SELECT set_eq('SELECT item::text FROM dunning.to_send', $$ SELECT k::text FROM unnest(ARRAY[14, 15, 16, 17, 18, 19, 20]) AS k $$,
	'at once a sender sees only what is still right');
SELECT is(dunning.run_reminders('2026-03-07', 'bill'), 4, 'the next run raises anew what changed and is still due');
SELECT results_eq('SELECT k, pg_temp.life(k::text) FROM generate_series(1, 14) AS k', $$ VALUES
	(1, '1 cancelled 1000 due on 2026-03-31, not on 2026-03-01'),
	(2, '1 cancelled 1000 100 is open, not 1000; 1 pending 100'),
	(3, '1 cancelled 1000 no longer open'),
	(4, '1 pending 1000'),
	(5, '1 cancelled 1000 held in the ERP'),
	(6, '1 cancelled 1000 in dispute'),
	(7, '1 cancelled 1000 the due date is missing'),
	(8, '1 cancelled 1000 dunning procedure "no such" does not exist'),
	(9, '1 cancelled 1000 the customer or his address was changed; 1 pending 1000'),
	(10, '1 cancelled 1000 due on 2026-02-20, not on 2026-03-01; 1 pending 1000'),
	(11, '1 pending 1000'),
	(12, '1 pending 1000'),
	(13, '1 cancelled 1000 the customer or his address was changed; 1 pending 1000'),
	(14, '1 pending 1000') $$, 'and withdraws the others, each for its reason; of what is not there or has no amount nothing is known');
SELECT is((SELECT concat_ws(' ', raised, cancelled) FROM dunning.run_log ORDER BY run DESC LIMIT 1), '4 10', 'as the log says');
SELECT is(pg_temp.noted(), ARRAY['12||1|the open amount is missing', '7||1|the due date is missing', '8||1|dunning procedure "no such" does not exist',
	'|unseen|1|pending reminders of items that were not found are neither sent nor withdrawn, such as 11: SELECT * FROM dunning.unseen_reminders(''bill'')'], 'and what is wrong');
SELECT is((SELECT concat_ws(' ', email, due_on, days_past_due) FROM dunning.reminder WHERE reminder = pg_temp.pending('10')), '10@example.org 2026-02-20 15', 'with the facts of the day');
UPDATE public.bill SET held = false, disputed = false, own_procedure = NULL;
SELECT is(dunning.run_reminders('2026-03-08', 'bill'), 3, 'a hold that is over');
SELECT is(pg_temp.life('5'), '1 cancelled 1000 held in the ERP; 1 pending 1000', 'raises the level that did not happen');
SELECT is_empty($$ SELECT item, level FROM dunning.reminder WHERE state <> 'cancelled' GROUP BY 1, 2 HAVING count(*) > 1 $$, 'nothing is there twice');
-- a run of the past leaves alone what was raised later, and sees no later payment
UPDATE public.bill SET amount = 1000 WHERE id = 12;
SELECT is(dunning.run_reminders('2026-03-05', 'bill'), 0, 'a run of an earlier day');
SELECT is((SELECT cancelled FROM dunning.run_log ORDER BY run DESC LIMIT 1), 0, 'withdraws nothing');
SELECT dunning.run_reminders('2026-03-20', 'bill') \g /dev/null
SELECT matches(pg_temp.life('4'), '^1 cancelled 1000 no longer open', 'a payment counts from its day');
-- the fee and the manner of a step belong to it
UPDATE dunning.procedure SET procedure = '5 email; 10 phone fee 9 EUR manual; 15 letter; wait 3' WHERE name = 'ladder';
SELECT count(*) AS pending FROM dunning.reminder WHERE level = 2 AND state = 'pending' \gset
SELECT cmp_ok(:pending, '>', 5, 'second levels are pending');
SELECT is_empty('SELECT FROM dunning.to_send WHERE level = 2', 'until they say the new fee they are not sent');
SELECT is(dunning.run_reminders('2026-03-20', 'bill'), :pending, 'a changed fee is raised anew');
SELECT isnt_empty('SELECT FROM dunning.to_send WHERE level = 2', 'and sent');
UPDATE dunning.procedure SET procedure = '5 email; 10 phone "Call" fee 9 EUR manual; 15 letter; wait 3' WHERE name = 'ladder';
SELECT is_empty('SELECT FROM dunning.to_send WHERE level = 2', 'nor with another label');
UPDATE dunning.procedure SET procedure = '5 email; 10 phone fee 9 EUR manual; 15 letter; wait 3' WHERE name = 'ladder';
SELECT is((SELECT count(*)::integer FROM dunning.reminder WHERE level = 2 AND reason = 'its step of the procedure was changed'), :pending, 'in their place');
SELECT set_eq('SELECT fee, manual FROM dunning.reminder WHERE state = ''pending'' AND level = 2', 'VALUES (9.00, true)', 'as it is now');
SET session_replication_role = replica; TRUNCATE dunning.reminder; RESET session_replication_role;
-- a minimum, and a step whose day has passed
UPDATE dunning.procedure SET procedure = '-3 email "Alert"; 5 email min 500 EUR; 15 letter; wait 3' WHERE name = 'ladder';
SELECT dunning.run_reminders('2026-02-27', 'bill') \g /dev/null
SELECT is(pg_temp.life('14'), '1 pending 1000', 'an alert before the due date');
SELECT dunning.run_reminders('2026-03-01', 'bill') \g /dev/null
SELECT is(pg_temp.life('14'), '1 pending 1000', 'on the due date it can still go out');
SELECT dunning.run_reminders('2026-03-02', 'bill') \g /dev/null
SELECT is(pg_temp.life('14'), '1 cancelled 1000 its day has passed', 'and not after it');
SELECT dunning.run_reminders('2026-03-06', 'bill') \g /dev/null
INSERT INTO public.payment VALUES (14, '2026-03-07', 600);
SELECT dunning.run_reminders('2026-03-07', 'bill') \g /dev/null
SELECT is(pg_temp.life('14'), '1 cancelled 1000 its day has passed; 2 cancelled 1000 below the minimum of its step', 'a minimum that is no longer reached');
-- what was sent stays, whatever happens
SELECT is(dunning.mark_reminder_sent(pg_temp.pending('15'), '2026-03-07'), true, 'sent');
UPDATE public.bill SET due_on = '2026-06-01' WHERE id = 15;
SELECT dunning.run_reminders('2026-03-08', 'bill') \g /dev/null
SELECT is(pg_temp.life('15'), '1 cancelled 1000 its day has passed; 2 sent 1000', 'what was sent was sent');
-- locking what is to be sent
SELECT lives_ok('SELECT reminder, channel FROM dunning.to_send WHERE NOT manual ORDER BY customer FOR UPDATE SKIP LOCKED', 'senders can lock what they send');
CREATE TABLE public.more (id text PRIMARY KEY, client integer, due_date date, open_amount numeric);
INSERT INTO public.more VALUES ('M1', 1, '2026-02-01', 10);
SELECT dunning.adopt('public.more', rule => NULL) \g /dev/null
SELECT dunning.run_reminders('2026-03-08', 'more') \g /dev/null
SELECT lives_ok('SELECT reminder FROM dunning.to_send FOR UPDATE SKIP LOCKED', 'also with several ledgers');
SELECT is((SELECT array_agg(item::text) FROM dunning.to_send WHERE ledger = 'more'), ARRAY['M1'], 'one with open amounts');
UPDATE public.more SET open_amount = 9;
SELECT is_empty('SELECT FROM dunning.to_send WHERE ledger = ''more''', 'that change, too');
SELECT dunning.release_ledger('more') \g /dev/null
-- a sender sees what he may see
CREATE ROLE dunning_sender;
GRANT SELECT ON dunning.reminder, dunning.to_send, dunning.open_item, dunning.ledger, dunning.procedure, dunning.hold, dunning.handover, dunning.assignment TO dunning_sender;
SELECT count(*) AS sendable FROM dunning.to_send \gset
SET ROLE dunning_sender;
SELECT matches(pg_temp.try('SELECT count(*) FROM dunning.to_send'), '^42501: permission denied for ', 'the ERP''s tables are needed');
RESET ROLE;
GRANT SELECT ON public.bill, public.payment TO dunning_sender;
SET ROLE dunning_sender;
SELECT is((SELECT count(*) FROM dunning.to_send), :sendable::bigint, 'with them all is seen');
RESET ROLE;
ALTER TABLE public.payment ENABLE ROW LEVEL SECURITY;
SET ROLE dunning_sender;
SELECT is_empty($$ SELECT FROM dunning.to_send WHERE item IN (SELECT bill::text FROM public.payment) $$, 'a payment that is hidden');
RESET ROLE;
ALTER TABLE public.payment DISABLE ROW LEVEL SECURITY;
ALTER TABLE public.bill ENABLE ROW LEVEL SECURITY;
SET ROLE dunning_sender;
SELECT is((SELECT count(*) FROM dunning.to_send), 0::bigint, 'an item that is hidden is not sent');
RESET ROLE;
ALTER TABLE public.bill DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON dunning.reminder, dunning.to_send FROM dunning_sender;
-- what a collector is granted to read the work list
GRANT SELECT ON dunning.open_item, dunning.worklist, dunning.ledger, dunning.ledger_rule, dunning.procedure, dunning.rule, dunning.scheme, dunning.hold, dunning.ledger_setting, dunning.tolerance, dunning.statement_load, dunning.absence TO dunning_sender;
GRANT SELECT (ledger, item, part, step, channel, occurrence, raised_on, sent_on, skipped_on, cancelled_on, withdrawn, presented_on) ON dunning.reminder TO dunning_sender;
SET ROLE dunning_sender;
SELECT is(pg_temp.try('SELECT w::text FROM dunning.worklist AS w'), 'ok', 'the columns that the work list needs of the reminders');
RESET ROLE;
DROP OWNED BY dunning_sender;
DROP ROLE dunning_sender;

--
-- A procedure that changes under its items
--
SET session_replication_role = replica; TRUNCATE dunning.reminder, public.payment, public.bill; RESET session_replication_role;
-- what an item has had: levels, sent on their days
CREATE FUNCTION pg_temp.had(of_item integer, procedure text, VARIADIC levels integer[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO public.bill (id, client, issued_on, due_on, amount) VALUES (of_item, of_item, '2026-01-01', '2026-03-01', 1000) ON CONFLICT DO NOTHING;
	INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, state, sent_on, channel, due_on, open_amount)
	SELECT 'bill', of_item::text, s.step, l, date '2026-03-01' + s.offset_days, 'sent', date '2026-03-01' + s.offset_days, s.channel, '2026-03-01', 1000
	FROM unnest(levels) AS l JOIN dunning.steps(had.procedure::dunning.dunning_procedure) AS s ON s.level = l;
END $$;
\set a '-3 email; 5 email; 15 letter "Mise en demeure"; wait 3'
\set b '5 email; 15 letter "Mise en demeure"; 45 handover "Huissier"; wait 3'
SELECT count(pg_temp.had(k, :'a', 1, 2)) FROM generate_series(1, 30) AS k \g /dev/null
UPDATE dunning.procedure SET procedure = :'a' WHERE name = 'ladder';
SELECT is(pg_temp.step('1', '2026-03-16'), 'due 3 letter Mise en demeure', 'the letter is next');
UPDATE dunning.procedure SET procedure = :'b' WHERE name = 'ladder';
SELECT is(pg_temp.step('1', '2026-04-20'), 'due 2 letter Mise en demeure', 'by number it would be the bailiff, by its day it is still the letter');
SELECT is((SELECT concat_ws(' ', last_step, last_channel, last_on) FROM dunning.worklist WHERE item = '1'), '5 email 2026-03-06', 'the work list says what it has had');
INSERT INTO public.bill (id, client, issued_on, due_on, amount) VALUES (40, 40, '2026-01-01', '2026-03-01', 1000);
SELECT is(dunning.run_reminders('2026-04-20', 'bill'), 31, 'all go on, and a new item begins');
SELECT is(pg_temp.life('1'), '1 sent 1000; 2 sent 1000; 2 pending 1000', 'with the letter beside what was sent');
SELECT is(pg_temp.life('40'), '1 pending 1000', 'with the first step');
SELECT is(dunning.run_reminders('2026-04-20', 'bill'), 0, 'once');
SELECT is(dunning.mark_reminder_sent(pg_temp.pending('1'), '2026-04-20'), true, 'sent');
SELECT is(pg_temp.step('1', '2026-05-01'), 'due 3 handover Huissier', 'then the bailiff');
SELECT is(pg_temp.noted(), '{}', 'there is nothing to confirm');

-- the other way round
SET session_replication_role = replica; TRUNCATE dunning.reminder, public.bill; RESET session_replication_role;
SELECT pg_temp.had(1, :'b', 1), pg_temp.had(2, :'b', 1, 2), pg_temp.had(3, :'b', 1, 2, 3) \g /dev/null
UPDATE dunning.procedure SET procedure = :'a' WHERE name = 'ladder';
SELECT is((SELECT array_agg(pg_temp.step(k::text, '2026-05-20') ORDER BY k) FROM generate_series(1, 3) AS k), ARRAY['due 3 letter Mise en demeure', 'exhausted', 'exhausted'],
	'no e-mail comes twice, and the letter comes once');
-- and changed again: a step that is gone is remembered by its day
UPDATE dunning.procedure SET procedure = '5 email; 50 letter "Mise en demeure"; wait 3' WHERE name = 'ladder';
SELECT is((SELECT array_agg(pg_temp.step(k::text, '2026-05-20') ORDER BY k) FROM generate_series(1, 3) AS k),
	ARRAY['due 2 letter Mise en demeure', 'due 2 letter Mise en demeure', 'due 2 letter Mise en demeure'], 'the first step whose day is later');
UPDATE dunning.procedure SET procedure = '5 email; 15 email; 15 letter; 20 phone; wait 3' WHERE name = 'ladder';
SELECT is((SELECT array_agg(pg_temp.step(k::text, '2026-05-20') ORDER BY k) FROM generate_series(1, 3) AS k), ARRAY['due 2 email', 'due 4 phone', 'exhausted'],
	'of two steps of one day the channel tells which was done');

-- fees, labels, waits and later steps may change
SET session_replication_role = replica; TRUNCATE dunning.reminder, public.bill; RESET session_replication_role;
SELECT pg_temp.had(1, :'b', 1) \g /dev/null
UPDATE dunning.procedure SET procedure = '5 email "Other" fee 1 EUR min 2 EUR manual; 20 phone; 30 letter; wait 9; mode jump' WHERE name = 'ladder';
SELECT is(pg_temp.step('1', '2026-03-21'), 'due 2 phone', 'the next step is that of the new procedure');
-- an item that was given another procedure
INSERT INTO dunning.procedure (name, procedure) VALUES ('hard', '1 letter; 2 handover; 9 letter');
UPDATE public.bill SET own_procedure = 'hard';
SELECT is(pg_temp.step('1', '2026-03-21'), 'due 3 letter', 'what is earlier in another procedure is not made up for');
-- what was not sent yet is withdrawn with its step
SET session_replication_role = replica; TRUNCATE dunning.reminder, public.bill; RESET session_replication_role;
UPDATE dunning.procedure SET procedure = :'a' WHERE name = 'ladder';
SELECT pg_temp.had(1, :'a', 1), pg_temp.had(2, :'a', 1) \g /dev/null
SELECT is(dunning.run_reminders('2026-03-06', 'bill'), 2, 'pending');
UPDATE dunning.procedure SET procedure = '-3 email; 5 phone; 15 letter' WHERE name = 'ladder';
SELECT is(dunning.run_reminders('2026-03-07', 'bill'), 2, 'the step itself changed');
SELECT is(pg_temp.life('1'), '1 sent 1000; 2 cancelled 1000 its step of the procedure was changed; 2 pending 1000', 'what was pending gives way to it');
UPDATE dunning.procedure SET procedure = '-3 email; 5 phone "Call"; 15 letter' WHERE name = 'ladder';
SELECT is(dunning.run_reminders('2026-03-07', 'bill'), 2, 'a new label is a new reminder');
SELECT is((SELECT label FROM dunning.reminder WHERE reminder = pg_temp.pending('1')), 'Call', 'in place of the one that was not sent');
-- a step that comes again, steps after others, and business days
SET session_replication_role = replica; TRUNCATE dunning.reminder, public.bill; RESET session_replication_role;
UPDATE dunning.procedure SET procedure = '5 email; after 7 letter repeat 30; wait 3; following business day' WHERE name = 'ladder';
INSERT INTO public.bill (id, client, issued_on, due_on, amount) VALUES (1, 1, '2026-01-01', '2026-03-02', 1000);
SELECT count(dunning.run_reminders(d::date, 'bill')) FROM generate_series(date '2026-03-01', '2026-06-30', '1 day') AS d \g /dev/null
SELECT is((SELECT string_agg(concat_ws(' ', raised_on, step, channel, occurrence), '; ' ORDER BY reminder) FROM dunning.reminder WHERE item = '1'),
	'2026-03-09 5 email 1; 2026-03-16 12 letter 1; 2026-04-15 12 letter 2; 2026-05-15 12 letter 3; 2026-06-15 12 letter 4',
	'Saturday the 7th moves to Monday, the letter follows the e-mail by 7 days, and comes every 30 days, not on a Sunday');
SELECT dunning.release_ledger('bill') \g /dev/null
SET session_replication_role = replica; TRUNCATE dunning.reminder, public.bill; RESET session_replication_role;

--
-- A missing rate stops no reminder
--
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('house', '2025-07-01', 10);
INSERT INTO dunning.rule (name, series, clauses) VALUES ('house', 'house', 'compensation 40.00 EUR');
UPDATE dunning.procedure SET procedure = '5 email; 10 phone; wait 3' WHERE name = 'ladder';
SELECT dunning.adopt('public.bill', procedure => 'ladder', rule => 'house', columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on",
	"amount": "amount", "procedure": "own_procedure", "email": "email", "currency": "EUR", "payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount"}}') \g /dev/null
INSERT INTO public.bill (id, client, issued_on, due_on, amount) SELECT k, k, '2025-10-01', '2025-11-30', 1000 FROM generate_series(1, 3) AS k;
SELECT is(dunning.run_reminders('2025-11-30', 'bill'), 0, 'a month before');
SELECT is(pg_temp.noted(), '{}', 'nothing is said');
SELECT is(dunning.run_reminders('2025-12-05', 'bill'), 3, 'less than a month before');
SELECT is(pg_temp.noted(), ARRAY['|rate house|1|series "house" has no rate for 2026-01-01: INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (''house'', ''2026-01-01'', ...)'], 'the rate is asked for');
SELECT is((SELECT array_agg(DISTINCT late_interest) FROM dunning.reminder), ARRAY[1.37], 'and the interest is there: 5 days at 10 percent');
SELECT count(dunning.mark_reminder_sent(reminder, raised_on)) FROM dunning.reminder \g /dev/null
SELECT is(dunning.run_reminders('2026-01-02', 'bill'), 3, 'after New Year reminders go out');
SELECT is((SELECT array_agg(DISTINCT concat_ws(' ', level, late_interest, compensation)) FROM dunning.reminder WHERE state = 'pending'), ARRAY['2 40.00'], 'without interest');
SELECT is(pg_temp.noted(), ARRAY['|rate house|1|series "house" has no rate for 2026-01-01: INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (''house'', ''2026-01-01'', ...)',
	'|rule house|3|reminders go out without late interest: no rate of series "house" for 2026-01-01'], 'which is said once, and not for each item');
SET dunning.today = '2026-01-02';
SELECT is((SELECT array_agg(DISTINCT concat_ws('|', problem, penalty_problem, rule, late_interest)) FROM dunning.worklist), ARRAY['no rate of series "house" for 2026-01-01|house'],
	'the work list says so, in a column of its own');
RESET dunning.today;
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('house', '2026-01-01', 10);
SELECT is(dunning.run_reminders('2026-01-20', 'bill'), 0, 'with the rate');
SELECT is(pg_temp.noted(), '{}', 'nothing is missing');

--
-- Days on which nothing bears interest need no rate
--
SET session_replication_role = replica; TRUNCATE dunning.reminder, public.bill; RESET session_replication_role;
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('late', '2026-01-01', 10);
INSERT INTO dunning.rule (name, series, clauses) VALUES ('late', 'late', 'compensation 40.00 EUR');
SELECT dunning.adopt('public.bill', rule => 'late', replace => true) \g /dev/null
INSERT INTO public.bill (id, client, issued_on, due_on, amount) VALUES (1, 1, '2025-09-01', '2025-10-01', 1000), (2, 2, '2025-09-01', '2025-10-01', 1000);
-- paid before it was due, in two sums, and both paid back in one: a debit of its own
INSERT INTO public.payment VALUES (1, '2025-09-24', 600), (1, '2025-09-25', 400), (1, '2026-02-01', -1000);
SELECT is(dunning.run_reminders('2026-03-03', 'bill'), 2, 'both are reminded');
SELECT results_eq('SELECT item::text, late_interest FROM dunning.reminder ORDER BY item', $$ VALUES ('1', round(1000 * 0.10 * 30 / 365, 2)), ('2', NULL) $$,
	'the one that was paid back with 30 days of interest');
SELECT is(pg_temp.noted(), ARRAY['|rule late|1|reminders go out without late interest: no rate of series "late" for 2025-10-02: the rule begins on 2026-01-01'], 'the other without');
SELECT results_eq('SELECT kind, items, amount FROM dunning.claim_penalties(''2026-03-03'', ''bill'')', $$ VALUES ('interest', 1::bigint, 8.22) $$, 'and so it is claimed');
SELECT dunning.release_ledger('bill') \g /dev/null

SELECT * FROM finish();
