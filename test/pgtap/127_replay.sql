-- What the nightly runs wrote is what dunning.replay says, item by item and day by
-- day, for facts that were noted on their day; and both are what a model in plain
-- SQL says, which knows nothing of the extension but what the reminders should be.
\set ON_ERROR_STOP on
\pset tuples_only on
\pset format unaligned
SET client_min_messages = warning;
SELECT no_plan();

CREATE TABLE public.bill (id integer PRIMARY KEY, client integer NOT NULL, issued_on date NOT NULL, due_on date NOT NULL, amount numeric NOT NULL, own_procedure text);
CREATE TABLE public.payment (bill integer, paid_on date, amount numeric);
CREATE INDEX ON public.payment (bill);
CREATE FUNCTION pg_temp.any_of(n integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT floor(random() * n)::integer';

-- The ladders as the model knows them: the first two become each other on a day.
CREATE TEMP TABLE ladder (name text, from_day date, nth integer, days integer, channel text, least numeric, wait integer, again integer);
INSERT INTO ladder VALUES
	('a', '-infinity', 1, -3, 'email', 0, 3, NULL), ('a', '-infinity', 2, 5, 'email', 0, 3, NULL), ('a', '-infinity', 3, 15, 'letter', 60, 7, NULL),
	('a', '-infinity', 4, 30, 'phone', 0, 3, NULL),
	('a', '2026-02-20', 1, 5, 'email', 0, 4, NULL), ('a', '2026-02-20', 2, 12, 'phone', 0, 4, NULL), ('a', '2026-02-20', 3, 20, 'letter', 0, 4, 10),
	('b', '-infinity', 1, 2, 'email', 0, 2, NULL), ('b', '-infinity', 2, 2, 'phone', 0, 2, NULL), ('b', '-infinity', 3, 9, 'letter', 0, 2, NULL);
INSERT INTO dunning.procedure (name, procedure) VALUES
	('a', '-3 email; 5 email; 15 letter min 60 EUR wait 7; 30 phone; wait 3'), ('b', '2 email; 2 phone; 9 letter; wait 2');
\set a_later '5 email; 12 phone; 20 letter repeat 10; wait 4'

SELECT setseed(0.26) \g /dev/null
INSERT INTO public.bill
SELECT k, k % 7, date '2026-01-01' + k % 20, date '2026-01-10' + pg_temp.any_of(50), 100 + pg_temp.any_of(3) * 50, (ARRAY['a', 'b'])[1 + k % 2]
FROM generate_series(1, 60) AS k;
SELECT dunning.adopt('public.bill', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on", "amount": "amount",
	"procedure": "own_procedure", "currency": "EUR", "payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount"}}') \g /dev/null

-- The model: what is done with an item on the day of a run.
CREATE TEMP TABLE model (bill integer, days integer, channel text, time integer, raised_on date, open numeric, done_on date, ended_on date, by_run boolean DEFAULT false);
CREATE FUNCTION pg_temp.open(of_bill integer, day date) RETURNS numeric LANGUAGE sql AS $$
	SELECT b.amount - coalesce((SELECT sum(p.amount) FROM public.payment AS p WHERE p.bill = b.id AND p.paid_on <= day), 0)
	FROM public.bill AS b WHERE b.id = of_bill $$;
CREATE FUNCTION pg_temp.model_run(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	b record;
	step record;
	m record;
	owed numeric;
	valid_from date;
	steps integer;
	done integer;
	last date;
	ready date;
BEGIN
	FOR b IN SELECT * FROM public.bill WHERE issued_on <= day LOOP
		owed := pg_temp.open(b.id, day);
		valid_from := (SELECT max(l.from_day) FROM ladder AS l WHERE l.name = b.own_procedure AND l.from_day <= day);
		steps := (SELECT count(*) FROM ladder AS l WHERE l.name = b.own_procedure AND l.from_day = valid_from);
		-- what was not sent and is not right any more is taken back
		UPDATE model AS t SET ended_on = day, by_run = true
		WHERE t.bill = b.id AND t.done_on IS NULL AND t.ended_on IS NULL
			AND NOT (owed > 0 AND owed = t.open AND EXISTS (SELECT FROM ladder AS l WHERE l.name = b.own_procedure AND l.from_day = valid_from
				AND l.days = t.days AND l.channel = t.channel AND owed >= l.least AND (l.days >= 0 OR day <= b.due_on)));
		CONTINUE WHEN owed <= 0;
		-- how many steps of the ladder are done, and when the last one was
		done := 0;
		last := NULL;
		FOR m IN SELECT * FROM model AS t WHERE t.bill = b.id AND t.ended_on IS NULL LOOP
			last := greatest(last, coalesce(m.done_on, m.raised_on));
			done := greatest(done, coalesce(
				(SELECT l.nth FROM ladder AS l WHERE l.name = b.own_procedure AND l.from_day = valid_from AND l.days = m.days AND l.channel = m.channel),
				(SELECT count(*)::integer FROM ladder AS l WHERE l.name = b.own_procedure AND l.from_day = valid_from AND l.days <= m.days)));
		END LOOP;
		FOR step IN SELECT * FROM ladder AS l WHERE l.name = b.own_procedure AND l.from_day = valid_from
			AND (l.nth > done OR l.nth = steps AND l.again IS NOT NULL) ORDER BY l.nth
		LOOP
			ready := greatest(b.due_on + step.days, last + CASE WHEN step.nth <= done THEN greatest(step.again, step.wait) ELSE step.wait END);
			-- an alert before the due date is too late after it
			CONTINUE WHEN step.days < 0 AND greatest(ready, day) > b.due_on;
			IF ready <= day AND owed >= step.least THEN
				INSERT INTO model (bill, days, channel, time, raised_on, open)
				SELECT b.id, step.days, step.channel, 1 + coalesce(max(t.time), 0), day, owed
				FROM model AS t WHERE t.bill = b.id AND t.days = step.days AND t.channel = step.channel AND t.ended_on IS NULL;
			END IF;
			EXIT;
		END LOOP;
	END LOOP;
END $$;

-- The ERP and people do something, in the books and in the model alike.
CREATE FUNCTION pg_temp.happen(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	r record;
	luck double precision;
BEGIN
	INSERT INTO public.payment SELECT 1 + pg_temp.any_of(60), day, (ARRAY[20, 50, 200])[1 + pg_temp.any_of(3)] FROM generate_series(1, pg_temp.any_of(5));
	-- a payment comes back
	INSERT INTO public.payment SELECT p.bill, day, -p.amount FROM public.payment AS p WHERE p.amount > 0 AND random() < 0.01;
	FOR r IN SELECT * FROM dunning.reminder WHERE state = 'pending' ORDER BY reminder LOOP
		luck := random();
		IF luck < 0.15 THEN
			PERFORM dunning.mark_reminder_sent(r.reminder, day);
			UPDATE model SET done_on = day WHERE bill = r.item::text::integer AND days = r.step::integer AND channel = r.channel AND time = r.occurrence AND ended_on IS NULL;
		ELSIF luck < 0.18 THEN
			PERFORM dunning.skip_reminder(r.reminder, 'for once', day);
			UPDATE model SET done_on = day WHERE bill = r.item::text::integer AND days = r.step::integer AND channel = r.channel AND time = r.occurrence AND ended_on IS NULL;
		ELSIF luck < 0.20 THEN
			PERFORM dunning.cancel_reminder(r.reminder, 'for once', day);
			UPDATE model SET ended_on = day WHERE bill = r.item::text::integer AND days = r.step::integer AND channel = r.channel AND time = r.occurrence AND ended_on IS NULL;
		END IF;
	END LOOP;
END $$;

-- Runs, but not every night
CREATE TEMP TABLE night (day date);
DO $$
BEGIN
	FOR day IN 0 .. 90 LOOP
		IF date '2026-01-05' + day = '2026-02-20' THEN
			UPDATE dunning.procedure SET procedure = '5 email; 12 phone; 20 letter repeat 10; wait 4' WHERE name = 'a';
		END IF;
		IF random() < 0.85 THEN
			INSERT INTO night VALUES (date '2026-01-05' + day);
			PERFORM dunning.run_reminders(date '2026-01-05' + day);
			PERFORM pg_temp.model_run(date '2026-01-05' + day);
		END IF;
		PERFORM pg_temp.happen(date '2026-01-06' + day);
	END LOOP;
END $$;

-- what the runs did
CREATE TEMP VIEW wrote AS
	SELECT r.item::text::integer AS bill, r.raised_on AS on_day, 'raised' AS event, r.step, r.channel, r.occurrence FROM dunning.reminder AS r
	UNION ALL
	SELECT r.item::text::integer, r.cancelled_on, 'withdrawn', r.step, r.channel, r.occurrence FROM dunning.reminder AS r WHERE r.withdrawn;
SELECT cmp_ok((SELECT count(*) FROM wrote WHERE event = what), '>', least, format('enough is %s', what))
FROM (VALUES ('raised', 200::bigint), ('withdrawn', 40)) AS v (what, least);
SELECT cmp_ok((SELECT count(*) FROM dunning.reminder WHERE occurrence > 1), '>', 10::bigint, 'the last step comes again');
SELECT cmp_ok((SELECT count(*) FROM dunning.reminder WHERE state = what), '>', least, format('enough is %s', what))
FROM (VALUES ('sent', 60::bigint), ('skipped', 10), ('cancelled', 40)) AS v (what, least);
SELECT is((SELECT count(*) FROM dunning.run_problem), 0::bigint, 'without a problem');

SELECT bag_eq('SELECT * FROM wrote',
	$$ SELECT bill, raised_on, 'raised', days::text, channel, time FROM model UNION ALL SELECT bill, ended_on, 'withdrawn', days::text, channel, time FROM model WHERE by_run $$,
	'the runs did what the model says');

CREATE TEMP VIEW life AS
	SELECT b.id, b.due_on, b.issued_on, b.own_procedure,
		(SELECT dunning.sum(_dunning.reminder_fact(r.step, r.channel, r.occurrence, r.raised_on, r.sent_on, r.skipped_on, r.cancelled_on, r.withdrawn))
			FROM dunning.reminder AS r WHERE r.item = b.id::text::dunning.item_key) AS facts,
		dunning.movement(b.amount, b.issued_on) + coalesce((SELECT dunning.balance_history(-p.amount, p.paid_on) FROM public.payment AS p WHERE p.bill = b.id), '{}') AS balance
	FROM public.bill AS b;
CREATE FUNCTION pg_temp.replayed(from_day date) RETURNS TABLE (bill integer, on_day date, event text, step text, channel text, occurrence integer) LANGUAGE sql AS $$
	SELECT l.id, r.on_day, r.event, r.step, r.channel, r.occurrence
	FROM life AS l
	CROSS JOIN LATERAL dunning.replay(CASE l.own_procedure WHEN 'a' THEN '-3 email; 5 email; 15 letter min 60 EUR wait 7; 30 phone; wait 3'::dunning.dunning_procedure
			ELSE '2 email; 2 phone; 9 letter; wait 2' END, l.due_on, from_day, '2026-04-30', l.facts, l.balance, currency => 'EUR',
		run_days => (SELECT array_agg(n.day) FROM night AS n WHERE n.day >= l.issued_on),
		procedures => CASE l.own_procedure WHEN 'a' THEN ARRAY['5 email; 12 phone; 20 letter repeat 10; wait 4'::dunning.dunning_procedure] END,
		changed_on => CASE l.own_procedure WHEN 'a' THEN ARRAY[date '2026-02-20'] END) AS r $$;
SELECT bag_eq(format('SELECT * FROM wrote WHERE on_day >= %L', from_day), format('SELECT * FROM pg_temp.replayed(%L)', from_day), format('replay says what the runs wrote, from %s', from_day))
FROM unnest(ARRAY['2026-01-01', '2026-01-31', '2026-02-20', '2026-03-15']::date[]) AS from_day;
-- without what the runs wrote of those days: what they had to write
SELECT bag_eq($$ SELECT w.bill, w.on_day, w.event, w.step, w.channel, w.occurrence FROM wrote AS w WHERE NOT EXISTS (SELECT FROM dunning.reminder AS r WHERE r.item::text = w.bill::text AND (r.state IN ('sent', 'skipped') OR NOT r.withdrawn AND r.state = 'cancelled')) $$,
	$$ SELECT l.id, r.on_day, r.event, r.step, r.channel, r.occurrence FROM life AS l
		CROSS JOIN LATERAL dunning.replay(CASE l.own_procedure WHEN 'a' THEN '-3 email; 5 email; 15 letter min 60 EUR wait 7; 30 phone; wait 3'::dunning.dunning_procedure
			ELSE '2 email; 2 phone; 9 letter; wait 2' END, l.due_on, '2026-01-01', '2026-04-30', NULL, l.balance, currency => 'EUR',
			run_days => (SELECT array_agg(n.day) FROM night AS n WHERE n.day >= l.issued_on),
			procedures => CASE l.own_procedure WHEN 'a' THEN ARRAY['5 email; 12 phone; 20 letter repeat 10; wait 4'::dunning.dunning_procedure] END,
			changed_on => CASE l.own_procedure WHEN 'a' THEN ARRAY[date '2026-02-20'] END) AS r
		WHERE NOT EXISTS (SELECT FROM dunning.reminder AS r WHERE r.item::text = l.id::text AND (r.state IN ('sent', 'skipped') OR NOT r.withdrawn AND r.state = 'cancelled')) $$,
	'items that nobody did anything for need no facts');

-- The work list of a past day is what the replay of that day starts from: the step that is due then is what the run of that day raised
SELECT is((SELECT count(*) FROM night AS n CROSS JOIN LATERAL (SELECT count(*) AS n FROM wrote AS w WHERE w.on_day = n.day AND w.event = 'raised') AS w
	WHERE w.n <> (SELECT count(*) FROM dunning.run_log AS g JOIN dunning.reminder AS r ON r.run = g.run WHERE g.as_of = n.day)), 0::bigint, 'each run wrote what its day has');
SELECT * FROM finish();
