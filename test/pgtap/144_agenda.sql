-- A run that looks at what its agenda names leaves nothing that is due.  Random lives of
-- a watched ledger, night by night: after each run the work list, which knows no
-- agenda, has nothing due.  The clock is the setting test.day.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
BEGIN;
SELECT no_plan();

CREATE OR REPLACE FUNCTION _dunning.real_day() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT current_setting('test.day')::date $$;
SET LOCAL test.day = '2026-01-20';
SET LOCAL dunning.today = '2026-01-20';
SELECT is(_dunning.real_day(), date '2026-01-20', 'the clock of the test');
CREATE FUNCTION pg_temp.any_of(n integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT floor(random() * n)::integer';

CREATE TABLE public.bill (id integer PRIMARY KEY, client integer NOT NULL, issued_on date NOT NULL, due_on date, amount numeric, disputed boolean NOT NULL DEFAULT false, bill_until date, company text);
CREATE TABLE public.payment (id integer GENERATED ALWAYS AS IDENTITY, bill integer, paid_on date, amount numeric);
CREATE INDEX ON public.payment (bill);
INSERT INTO dunning.procedure (name, procedure) VALUES ('ladder', '5 email; 10 phone min 200 EUR; 15 letter fee 5 EUR; after 7 email repeat 9; wait 3; following business day');
INSERT INTO dunning.procedure (name, procedure) VALUES ('short', '2 email; 6 letter; wait 1');
INSERT INTO dunning.holiday_calendar (name, calendar) VALUES ('test', 'sat sun; 03-04');
CREATE FUNCTION pg_temp.invoices(first integer, last integer) RETURNS void LANGUAGE sql AS $$
	INSERT INTO public.bill SELECT k, k % 17, d, d + 5 + pg_temp.any_of(30), 50 + pg_temp.any_of(500)
	FROM (SELECT k, _dunning.real_day() - 40 + pg_temp.any_of(60) AS d FROM generate_series(first, last) AS k) AS s $$;
SELECT setseed(0.144) \g /dev/null
SELECT pg_temp.invoices(1, 300) \g /dev/null
INSERT INTO public.bill VALUES (1001, 1, '2026-01-01', NULL, 100), (1002, 2, '2026-01-01', '2026-01-02', NULL);
SELECT dunning.adopt('public.bill', procedure => 'ladder', rule => NULL, watch => true, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on",
	"amount": "amount", "disputed": "disputed", "matures_on": "bill_until", "company": "company", "payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount"}}') \g /dev/null
UPDATE dunning.ledger SET calendar = 'test' WHERE ledger = 'bill';
SELECT ok(_dunning.has_agenda('bill'), 'the ledger can have an agenda');
SELECT ok(NOT _dunning.agenda_knows('bill', _dunning.real_day()), 'but has none before the first run');

CREATE TEMP TABLE night (day date, named integer, due bigint, wrong text);
CREATE FUNCTION pg_temp.pass_night(run boolean DEFAULT true) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	day CONSTANT date := _dunning.real_day() + 1;
	named integer;
BEGIN
	PERFORM set_config('test.day', day::text, true), set_config('dunning.today', day::text, true);
	IF run THEN
		IF _dunning.agenda_knows('bill', day) AND NOT _dunning.agenda_is_old('bill', day) THEN
			named := (SELECT count(DISTINCT a.item) FROM (SELECT item FROM _dunning.agenda WHERE look_on <= day UNION SELECT item FROM _dunning.touched WHERE item IS NOT NULL) AS a);
		END IF;
		PERFORM dunning.run_reminders();
		INSERT INTO night SELECT day, named, (SELECT count(*) FROM dunning.reminder WHERE raised_on = day),
			(SELECT string_agg(concat_ws(' ', w.item, w.step_on, w.open_amount), ', ') FROM dunning.worklist AS w WHERE w.ledger = 'bill' AND w.state = 'due' AND w.problem IS NULL);
	END IF;
END $$;

CREATE FUNCTION pg_temp.happen(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	k integer;
BEGIN
	-- paid in part, in full, too much, taken back; booked late, and for days to come
	INSERT INTO public.payment (bill, paid_on, amount)
		SELECT 1 + pg_temp.any_of(300), day + 2 - pg_temp.any_of(6), (ARRAY[10, 50, 300, 600, -40])[1 + pg_temp.any_of(5)] FROM generate_series(1, pg_temp.any_of(9));
	DELETE FROM public.payment WHERE id IN (SELECT id FROM public.payment ORDER BY random() LIMIT pg_temp.any_of(2));
	UPDATE public.payment SET paid_on = paid_on + 3 WHERE id = pg_temp.any_of(400);
	UPDATE public.bill SET due_on = due_on + pg_temp.any_of(30) - 12 WHERE id = 1 + pg_temp.any_of(300);
	UPDATE public.bill SET disputed = NOT disputed WHERE id = 1 + pg_temp.any_of(200);
	UPDATE public.bill SET bill_until = day + pg_temp.any_of(20) WHERE id = 1 + pg_temp.any_of(300) AND random() < 0.3;
	PERFORM dunning.mark_reminder_sent(r.reminder, day) FROM dunning.reminder AS r WHERE r.state = 'pending' AND random() < 0.3;
	PERFORM dunning.skip_reminder(r.reminder, 'for once', day) FROM dunning.reminder AS r WHERE r.state = 'pending' AND random() < 0.05;
	PERFORM dunning.cancel_reminder(r.reminder, 'for once', day) FROM dunning.reminder AS r WHERE r.state = 'pending' AND random() < 0.03;
	k := (SELECT b.id FROM public.bill AS b WHERE b.issued_on <= day AND b.amount > 2 ORDER BY random() LIMIT 1);
	PERFORM dunning.hold_item('bill', k::text, (ARRAY['manual', 'deferral'])[1 + pg_temp.any_of(2)], from_day => day + pg_temp.any_of(3), until_day => day + 3 + pg_temp.any_of(12)) WHERE random() < 0.4;
	k := (SELECT b.id FROM public.bill AS b WHERE b.issued_on <= day AND b.amount > 2 ORDER BY random() LIMIT 1);
	PERFORM dunning.hold_item('bill', b.id::text, 'dispute', from_day => day, until_day => day + pg_temp.any_of(9), part => 1, amount => least(b.amount - 1, o.open))
		FROM public.bill AS b CROSS JOIN LATERAL (SELECT b.amount - coalesce(sum(p.amount), 0) AS open FROM public.payment AS p WHERE p.bill = b.id AND p.paid_on <= day) AS o WHERE b.id = k AND o.open > 0 AND random() < 0.4;
	PERFORM dunning.hold_customer('bill', pg_temp.any_of(17)::text, 'manual', from_day => day, until_day => CASE WHEN random() < 0.7 THEN day + pg_temp.any_of(8) END) WHERE random() < 0.2;
	PERFORM dunning.hand_over('bill', ARRAY[k::text]::dunning.item_key[], 'Inkasso', 'agency', day) WHERE random() < 0.2 AND NOT EXISTS (SELECT FROM dunning.handover AS h WHERE h.item = k::text AND h.ended_on IS NULL)
		AND EXISTS (SELECT FROM dunning.open_item AS o WHERE o.ledger = 'bill' AND o.item = k::text::dunning.item_key AND o.open_amount > 0);
	PERFORM dunning.recall_handover(h.handover, 'for once', day) FROM dunning.handover AS h WHERE h.ended_on IS NULL AND random() < 0.2;
	PERFORM dunning.assign('bill', 'procedure', 'short', item => k::text::dunning.item_key, from_day => day + pg_temp.any_of(5)) WHERE random() < 0.2;
	PERFORM dunning.assign('bill', 'procedure', 'short', customer => pg_temp.any_of(17)::text::dunning.item_key, from_day => day + pg_temp.any_of(5)) WHERE random() < 0.1;
	PERFORM dunning.end_assignment(a.assignment, 'for once', day) FROM dunning.assignment AS a WHERE a.ended_on IS NULL AND a.from_day <= day AND random() < 0.2;
	PERFORM dunning.release_hold(h.hold, 'for once') FROM dunning.hold AS h WHERE h.released_on IS NULL AND (h.until_day < day) IS NOT TRUE AND h.from_day <= day AND random() < 0.08;
END $$;
DO $$
BEGIN
	PERFORM pg_temp.pass_night();
	FOR n IN 1 .. 60 LOOP
		PERFORM pg_temp.happen(_dunning.real_day());
		CASE n
			WHEN 12 THEN PERFORM pg_temp.invoices(301, 340);
			WHEN 20 THEN PERFORM dunning.hold_ledger('bill', 'suspended', until_day => _dunning.real_day() + 4);
			WHEN 30 THEN UPDATE dunning.procedure SET procedure = '4 email; 9 phone min 100 EUR; 15 letter fee 5 EUR; after 7 email repeat 6; wait 2' WHERE name = 'ladder';
			WHEN 35 THEN INSERT INTO dunning.tolerance (ledger, currency, amount) VALUES ('bill', 'EUR', 60);
			WHEN 38 THEN DELETE FROM dunning.tolerance;
			WHEN 44 THEN UPDATE dunning.holiday_calendar SET calendar = 'no weekend' WHERE name = 'test';
			ELSE NULL;
		END CASE;
		PERFORM pg_temp.pass_night(n % 11 <> 0);
	END LOOP;
END $$;
SELECT is_empty('SELECT day, wrong FROM night WHERE wrong IS NOT NULL ORDER BY day LIMIT 5', 'no night leaves anything that is due');
SELECT cmp_ok((SELECT count(*) FROM night WHERE named IS NOT NULL), '>', 30::bigint, 'most nights go by the agenda');
SELECT cmp_ok((SELECT avg(named) FROM night), '<', 100::numeric, 'which names a part of what is open');
SELECT cmp_ok((SELECT sum(due) FROM night WHERE named IS NOT NULL), '>', 200::numeric, 'and finds what is due');
SELECT is_empty($$SELECT * FROM dunning.run_problem WHERE topic = 'agenda'$$, 'where all is read, the agenda knew what is due');
SELECT isnt_empty($$SELECT FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log) AND item = '1001'$$, 'what cannot be computed is noted every night');

SET LOCAL timezone = 'Asia/Tokyo';
SET LOCAL datestyle = 'German';
SELECT ok(_dunning.agenda_knows('bill', _dunning.real_day()), 'it is there for a session in another place, too');
SET LOCAL timezone = 'UTC';
SET LOCAL datestyle = 'ISO';
-- a change that no trigger saw is found by the run that reads all
ALTER TABLE public.payment DISABLE TRIGGER USER;
ALTER TABLE public.bill DISABLE TRIGGER USER;
SELECT ok(NOT _dunning.has_agenda('bill'), 'without triggers the run reads all');
INSERT INTO public.bill VALUES (2001, 3, '2026-01-01', '2026-02-01', 400);
ALTER TABLE public.payment ENABLE TRIGGER USER;
ALTER TABLE public.bill ENABLE TRIGGER USER;
UPDATE _dunning.agenda_state SET read_on = _dunning.real_day() - 1;
SELECT pg_temp.pass_night() \g /dev/null
SELECT matches((SELECT wrong FROM night ORDER BY day DESC LIMIT 1), '^2001 ', 'what no trigger saw is not known');
UPDATE _dunning.agenda_state SET read_on = _dunning.real_day() - 7;
SELECT pg_temp.pass_night() \g /dev/null
SELECT is((SELECT wrong FROM night ORDER BY day DESC LIMIT 1), NULL, 'once a week all is read');
SELECT results_eq($$SELECT message, items FROM dunning.run_problem WHERE topic = 'agenda'$$,
	$$VALUES ('the agenda did not know of items that are due, such as 2001: a trigger of dunning.watch_ledger was off, or a table was emptied', 1)$$, 'and what was missed is said');

-- a run of a past day, and a ledger that is not watched any more
SELECT dunning.run_reminders(_dunning.real_day() - 1) \g /dev/null
SELECT ok(NOT _dunning.agenda_knows('bill', _dunning.real_day()), 'after a run of a past day all is read');
SELECT pg_temp.pass_night() \g /dev/null
SELECT ok(_dunning.agenda_knows('bill', _dunning.real_day()), 'and the agenda is there again');
-- not all is watched: all is read, and what is noted does not pile up
ALTER TABLE public.payment DISABLE TRIGGER USER;
UPDATE public.bill SET due_on = due_on - 1 WHERE id = 5;
SELECT isnt_empty('TABLE _dunning.touched', 'what is done is noted');
SELECT dunning.run_reminders() \g /dev/null
SELECT is_empty('SELECT item FROM _dunning.agenda UNION ALL SELECT item FROM _dunning.touched', 'where not all is watched there is no agenda, and nothing piles up');
ALTER TABLE public.payment ENABLE TRIGGER USER;
UPDATE public.bill SET due_on = due_on + 1 WHERE id = 5;
SELECT dunning.run_reminders() \g /dev/null
SELECT isnt_empty('TABLE _dunning.agenda', 'and with all it is there again');
INSERT INTO dunning.procedure (name, procedure) VALUES ('whole', '5 email; by customer');
SELECT ok(_dunning.has_agenda('bill') AND NOT _dunning.by_customers('bill'), 'a procedure by customer of other ledgers changes nothing');
SELECT dunning.unwatch_ledger('bill') \g /dev/null
SELECT dunning.run_reminders() \g /dev/null
SELECT is_empty('TABLE _dunning.agenda', 'what is not watched has no agenda');
SELECT is_empty('TABLE _dunning.touched', 'and nothing is noted of it');

-- the rows of a partition that is attached fire no trigger
CREATE TABLE public.lot (id integer PRIMARY KEY, client integer, due_on date, open_amount numeric) PARTITION BY RANGE (id);
CREATE TABLE public.lot_1 PARTITION OF public.lot FOR VALUES FROM (0) TO (100);
CREATE TABLE public.lot_2 (LIKE public.lot INCLUDING ALL);
INSERT INTO public.lot_1 VALUES (1, 1, _dunning.real_day() - 6, 100);
INSERT INTO public.lot_2 VALUES (101, 1, _dunning.real_day() - 6, 100);
SELECT dunning.adopt('public.lot', procedure => 'ladder', rule => NULL, watch => true, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "open_amount": "open_amount", "currency": "EUR"}') \g /dev/null
SELECT dunning.run_reminders() \g /dev/null
SELECT ok(_dunning.agenda_knows('lot', _dunning.real_day()), 'a partitioned table has an agenda');
ALTER TABLE public.lot ATTACH PARTITION public.lot_2 FOR VALUES FROM (100) TO (200);
SELECT dunning.run_reminders() \g /dev/null
SELECT set_eq($$ SELECT item::text FROM dunning.reminder WHERE ledger = 'lot' $$, ARRAY['1', '101'], 'a partition that comes ends it, so that the next run reads its rows');

-- a run from which rows are hidden knows nothing of what it was to look at
DROP ROLE IF EXISTS t144_runner;
CREATE ROLE t144_runner;
CREATE TABLE public.note (id integer PRIMARY KEY, client integer, due_on date, open_amount numeric);
INSERT INTO public.note VALUES (1, 1, _dunning.real_day() - 3, 100), (2, 2, NULL, 100);
SELECT dunning.adopt('public.note', procedure => 'ladder', rule => NULL, watch => true, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "open_amount": "open_amount", "currency": "EUR"}') \g /dev/null
SELECT dunning.run_reminders() \g /dev/null
SELECT is((SELECT count(*) FROM dunning.reminder WHERE ledger = 'note'), 0::bigint, 'nothing is due yet');
SELECT dunning.grant_access('t144_runner', 'runner') \g /dev/null
GRANT SELECT ON public.note TO t144_runner;
ALTER TABLE public.note ENABLE ROW LEVEL SECURITY;
SELECT set_config('test.day', (_dunning.real_day() + 1)::text, true), set_config('dunning.today', (_dunning.real_day() + 1)::text, true) \g /dev/null
SET LOCAL ROLE t144_runner;
SELECT dunning.run_reminders(ledger => 'note') \g /dev/null
RESET ROLE;
SELECT is((SELECT count(*) FROM dunning.reminder WHERE ledger = 'note'), 0::bigint, 'a run from which the rows are hidden raises nothing');
SELECT ok(_dunning.agenda_knows('note', _dunning.real_day()), 'and leaves the agenda');
SELECT dunning.run_reminders(ledger => 'note') \g /dev/null
SELECT results_eq($$ SELECT item::text FROM dunning.reminder WHERE ledger = 'note' $$, $$ VALUES ('1') $$, 'the next one raises what has become due');
SELECT is((SELECT p.message FROM dunning.run_problem AS p WHERE p.ledger = 'note' AND p.item = '2' AND p.run = (SELECT max(g.run) FROM dunning.run_log AS g)),
	'the due date is missing', 'and tells of what cannot be computed');

SELECT * FROM finish();
ROLLBACK;
