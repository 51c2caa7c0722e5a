-- The calendar of a ledger, and what becomes of items whose procedure changes.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SET dunning.time_zone = 'UTC';
SELECT no_plan();
CREATE FUNCTION pg_temp.said(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
	hint text;
BEGIN
	EXECUTE statement INTO answer;
	RETURN coalesce(answer, '-');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(hint, ''));
END $$;

CREATE TABLE public.bill (id integer PRIMARY KEY, client integer, issued_on date, due_on date, amount numeric, currency text);
CREATE TABLE public.payment (bill integer, paid_on date, amount numeric);
CREATE INDEX ON public.payment (bill);
INSERT INTO dunning.procedure (name, procedure) VALUES ('ours', '5 email "Reminder"; 15 letter; wait 3; following business day'), ('other', '1 sms');
SELECT FROM dunning.adopt('public.bill', procedure => 'ours', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on", "amount": "amount",
	"currency": "currency", "payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount"}}') \g /dev/null
INSERT INTO public.bill VALUES (1, 1, '2026-04-01', '2026-04-26', 100, 'EUR');	-- the fifth day is Friday, 1 May

--
-- Business days of the ledger
--
CREATE VIEW next AS SELECT item::text, state, step_on FROM dunning.worklist;
SET dunning.today = '2026-05-01';
SELECT results_eq('TABLE next', $$ VALUES ('1', 'due', date '2026-05-01') $$, 'Monday to Friday without a calendar');
UPDATE dunning.ledger SET calendar = 'france';
SELECT results_eq('TABLE next', $$ VALUES ('1', 'scheduled', date '2026-05-04') $$, 'a holiday of the calendar of the ledger is no day of a step');
SELECT is(dunning.run_reminders('2026-05-01'), 0, 'the run raises nothing on it');
SELECT matches((SELECT string_agg(what, ' ') FROM dunning.why('bill', '1')), 'The next step is on 4 May 2026', 'why says the day');
SELECT results_eq($$ SELECT month, channel, steps FROM dunning.back_test('5 email; following business day', '2026-05-01', '2026-05-03', 'bill') $$, $$ SELECT NULL::date, NULL::text, NULL::bigint WHERE false $$, 'nor does a back-test');
SELECT results_eq($$ SELECT month, channel, steps FROM dunning.back_test('5 email; following business day', '2026-05-01', '2026-05-04', 'bill') $$, $$ VALUES (date '2026-05-01', 'email', 1::bigint) $$, 'which takes it on Monday');
SELECT is(dunning.run_reminders('2026-05-04'), 1, 'as the run does');
SELECT is(dunning.run_reminders('2026-05-05'), 0, 'and what is pending stands');
SELECT is((SELECT state FROM dunning.reminder), 'pending', 'on the next day, too');
SELECT is(pg_temp.said($$ UPDATE dunning.ledger SET calendar = 'nowhere' $$), '42704 | calendar "nowhere" does not exist | ' || (SELECT format('Calendars are %s; others can be inserted into dunning.holiday_calendar.', string_agg(name, ', ' ORDER BY name COLLATE "C")) FROM dunning.holiday_calendar), 'a calendar has to be there');
INSERT INTO dunning.holiday_calendar (name, calendar) VALUES ('ours', 'sun; 05-04');
UPDATE dunning.ledger SET calendar = 'ours';
SELECT is(pg_temp.said($$ DELETE FROM dunning.holiday_calendar WHERE name = 'ours' $$), '23503 | calendar "ours" is in use by the ledger "bill" | Give the ledger another one first: UPDATE dunning.ledger SET calendar = ... WHERE ledger = ''bill''.', 'and stays');
SELECT is((SELECT count(*) FROM dunning.adopt('public.bill', replace => true) WHERE field = 'calendar' AND source = 'ours'), 1::bigint, 'an adoption keeps it');
SELECT dunning.release_ledger('bill', keep => true) \g /dev/null
SELECT FROM dunning.adopt('public.bill') \g /dev/null
SELECT is((SELECT calendar FROM dunning.ledger), 'ours', 'a release that is undone, too');
UPDATE dunning.ledger SET calendar = NULL;
TRUNCATE public.bill;
SELECT dunning.cancel_reminder(reminder, 'test', raised_on) FROM dunning.reminder \g /dev/null

--
-- A procedure that is to be changed
--
RESET dunning.today;
INSERT INTO public.bill SELECT k, k % 2, '2026-02-01', '2026-03-02', 100, CASE WHEN k = 6 THEN 'USD' ELSE 'EUR' END FROM generate_series(1, 8) AS k;
INSERT INTO public.payment VALUES (8, '2026-02-10', 100);
UPDATE public.bill SET due_on = '2026-06-30' WHERE id = 7;
SELECT dunning.run_reminders('2026-03-09') \g /dev/null
-- 1 and 2 were sent, 3 is pending, 4 was skipped; 5 and 6 are as 3
SELECT dunning.mark_reminder_sent(reminder, '2026-03-10') FROM dunning.reminder WHERE state = 'pending' AND item IN ('1', '2') \g /dev/null
SELECT dunning.skip_reminder(reminder, 'test', '2026-03-10') FROM dunning.reminder WHERE state = 'pending' AND item = '4' \g /dev/null
SET dunning.today = '2026-03-11';
CREATE TABLE before AS SELECT r::text FROM dunning.reminder AS r UNION ALL SELECT p::text FROM dunning.procedure AS p;
SELECT results_eq($$ SELECT ledger::text COLLATE "default", changed, in_course, state, step, channel, new_state, new_step, new_channel, items, customers, currency, amount, withdrawn
		FROM dunning.procedure_change('ours', '5 email "Reminder"; 8 phone; 15 letter; wait 1') $$,
	$$ VALUES ('bill', true, true, 'scheduled', '15', 'letter', 'due', '8', 'phone', 5::bigint, 2::bigint, 'EUR', 500::numeric, 0::bigint),
		('bill', true, true, 'scheduled', '15', 'letter', 'due', '8', 'phone', 1, 1, 'USD', 100, 0),
		('bill', false, false, 'scheduled', '5', 'email', 'scheduled', '5', 'email', 1, 1, 'EUR', 100, 0) $$, 'a step between');
SELECT results_eq($$ SELECT new_state, new_step, items, withdrawn FROM dunning.procedure_change('ours', '5 email "Changed"; 40 letter') WHERE currency = 'EUR' $$,
	$$ VALUES ('scheduled', '40', 5::bigint, 2::bigint), ('scheduled', '5', 1, 0) $$, 'a label that changes withdraws what is pending');
SELECT results_eq($$ SELECT new_state, new_step, items, withdrawn FROM dunning.procedure_change('ours', '3 sms') WHERE currency = 'EUR' $$,
	$$ VALUES ('exhausted', NULL, 5::bigint, 2::bigint), ('scheduled', '3', 1, 0) $$, 'no step after the one that was done');
SELECT is_empty($$ SELECT FROM dunning.procedure_change('other', '3 sms') $$, 'no item has the other procedure');
SELECT set_eq('SELECT r::text FROM dunning.reminder AS r UNION ALL SELECT p::text FROM dunning.procedure AS p', 'TABLE before', 'nothing was changed');
SELECT is(pg_temp.said($$ SELECT dunning.procedure_change('none', '3 sms') $$), '42704 | dunning procedure "none" does not exist | SELECT name FROM dunning.procedure lists them.', 'a procedure that is not there');
SELECT matches(pg_temp.said($$ SELECT dunning.procedure_change('ours', NULL) $$), '^22004 ', 'and none');
-- what it said is what comes
CREATE TABLE promised AS SELECT new_state, new_step, new_channel, items FROM dunning.procedure_change('ours', '5 email "Reminder"; 8 phone; 15 letter; wait 1') WHERE currency = 'EUR';
UPDATE dunning.procedure SET procedure = '5 email "Reminder"; 8 phone; 15 letter; wait 1' WHERE name = 'ours';
SELECT set_eq($$ SELECT state, step, channel, count(*) FROM dunning.worklist WHERE currency = 'EUR' GROUP BY 1, 2, 3 $$, 'TABLE promised', 'the work list has what was said');

-- set_procedure says what it does
CREATE TABLE told AS SELECT new_state, new_step, new_channel, items FROM dunning.set_procedure('ours', '5 email "Reminder"; 15 letter; wait 1', 'back again') WHERE currency = 'EUR';
SELECT set_eq('TABLE told', $$ SELECT state, step, channel, count(*) FROM dunning.worklist WHERE currency = 'EUR' GROUP BY 1, 2, 3 $$, 'a procedure that is set reports what becomes of its items');
SELECT is_empty($$ SELECT FROM dunning.set_procedure('brand_new', '1 sms') $$, 'a new one has none');
SELECT is((SELECT string_agg(concat_ws(' ', procedure, description), '; ' ORDER BY name) FROM dunning.procedure WHERE name IN ('ours', 'brand_new')), '1 sms; 5 email "Reminder"; 15 letter back again', 'both are stored');
SELECT matches(pg_temp.said($$ SELECT dunning.set_procedure('ours', NULL) $$), '^22004', 'it has steps');
-- one item that raises an error does not silence the others
CREATE TABLE public.loose (id integer PRIMARY KEY, client integer, due_on date, owed numeric, parts numeric);
CREATE VIEW public.fragile AS SELECT id, client, due_on, owed / parts AS open_amount FROM public.loose;
INSERT INTO public.loose SELECT k, k, '2026-03-02', 10, 1 FROM generate_series(1, 7) AS k;
INSERT INTO dunning.procedure (name, procedure) VALUES ('fragile', '5 email; 15 letter');
SELECT FROM dunning.adopt('public.fragile', procedure => 'fragile', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "open_amount": "open_amount"}') \g /dev/null
UPDATE public.loose SET parts = 0 WHERE id = 3;
SELECT results_eq($$ SELECT state, step, new_state, new_step, items, amount, problem FROM dunning.procedure_change('fragile', '7 email; 15 letter') $$,
	$$ VALUES ('due', '5', 'due', '7', 6::bigint, 60.00, NULL), (NULL, NULL, NULL, NULL, 1, NULL, 'item "3": division by zero') $$, 'a bad item has a row of its own, and the others are known');

-- by customer: what a run raises for the items together, now and then
CREATE TABLE public.joint (id text PRIMARY KEY, client integer, due_on date, amount numeric);
INSERT INTO dunning.procedure (name, procedure) VALUES ('joint', '5 email; 15 letter; 30 phone; wait 3; by customer');
SELECT FROM dunning.adopt('public.joint', procedure => 'joint', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "open_amount": "amount", "currency": "EUR"}') \g /dev/null
-- one customer with an old and a young item, one in credit, one with a little, one held in part of his items
INSERT INTO public.joint VALUES ('a1', 1, '2026-02-20', 100), ('a2', 1, '2026-03-08', 100), ('b1', 2, '2026-02-20', 100), ('b2', 2, '2026-02-20', -150), ('c1', 3, '2026-02-20', 20), ('d1', 4, '2026-02-20', 100), ('d2', 4, '2026-03-01', 100);
SELECT dunning.hold_item('joint', 'd1', 'dispute', from_day => '2026-03-01') \g /dev/null
SELECT dunning.run_reminders('2026-02-26', 'joint') \g /dev/null
SELECT dunning.mark_reminder_sent(reminder, '2026-02-26') FROM dunning.reminder WHERE ledger = 'joint' \g /dev/null
SET dunning.today = '2026-03-11';
CREATE TEMP TABLE change AS SELECT * FROM dunning.procedure_change('joint', '5 email; 12 sms min 50 EUR; 30 phone; wait 3; by customer; level lowest');
SELECT results_eq($$ SELECT in_course, state, step, new_state, new_step, items, amount FROM change ORDER BY 1, 2, 3, 4, 5, 6 $$,
	$$ VALUES (false, 'due', '15', 'due', '12', 1::bigint, 100::numeric), (false, 'due', '5', 'due', '5', 1, 100), (false, 'settled', NULL, 'settled', NULL, 1, 100),
		(true, 'due', '15', 'below_minimum', '12', 1, 20), (true, 'due', '15', 'due', '12', 1, 100), (true, 'held', '15', 'held', '12', 1, 100) $$, 'by customer');
-- the runs do so
SELECT dunning.run_reminders('2026-03-11', 'joint') \g /dev/null
SELECT bag_eq($$ SELECT step, open_amount FROM dunning.reminder WHERE ledger = 'joint' AND raised_on = '2026-03-11' $$, $$ SELECT step, amount / items FROM change CROSS JOIN generate_series(1, items) WHERE state = 'due' $$, 'what it says of now is what the run raises');
SELECT dunning.undo_run(max(run)) FROM dunning.run_log \g /dev/null
UPDATE dunning.procedure SET procedure = '5 email; 12 sms min 50 EUR; 30 phone; wait 3; by customer; level lowest' WHERE name = 'joint';
SELECT dunning.run_reminders('2026-03-11', 'joint') \g /dev/null
SELECT bag_eq($$ SELECT step, open_amount FROM dunning.reminder WHERE ledger = 'joint' AND raised_on = '2026-03-11' AND state = 'pending' $$, $$ SELECT new_step, amount / items FROM change CROSS JOIN generate_series(1, items) WHERE new_state = 'due' $$, 'and of then');
SELECT is_empty($$ SELECT FROM dunning.procedure_change('joint', '5 email; 15 letter') WHERE new_state IS NULL $$, 'from by customer to by item');

SELECT * FROM finish();
