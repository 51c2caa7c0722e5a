-- What the nightly runs wrote is what dunning.replay says, item by item and day by
-- day; and both are what a model in plain SQL says, which knows nothing of the
-- extension but what docs/process.md promises.  DUNNING_LIVES=10000 draws more lives.
\set ON_ERROR_STOP on
\pset tuples_only on
\pset format unaligned
\set lives 60
\getenv lives DUNNING_LIVES
\set seed 0.41
\getenv seed DUNNING_SEED
SET client_min_messages = error;
SET dunning.time_zone = 'UTC';
SELECT no_plan();

CREATE TABLE public.bill (id integer PRIMARY KEY, client integer NOT NULL, issued_on date NOT NULL, due_on date NOT NULL, amount numeric NOT NULL, own_procedure text, payer integer);
CREATE TABLE public.payment (bill integer, paid_on date, amount numeric);
CREATE INDEX ON public.payment (bill);
CREATE FUNCTION pg_temp.any_of(n integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT floor(random() * n)::integer';
SELECT format('CREATE FUNCTION pg_temp.number() RETURNS integer LANGUAGE sql IMMUTABLE RETURN %s', :lives) \gexec

-- The procedures, and from which day they have another text; the ladders as the model
-- knows them: the planned day, the wait, days after the step before, days to the next time.
CREATE TEMP TABLE text_of (name text, from_day date, text text);
INSERT INTO text_of VALUES
	('a', '-infinity', '-3 email; 5 email; 15 letter min 60 EUR wait 7; 30 phone; wait 3'), ('a', '2026-02-20', '5 email; 12 phone; 20 letter repeat 10; wait 4'),
	('b', '-infinity', '2 email; 2 phone manual; 9 letter; broken promise 1 sms; wait 2'),
	('c', '-infinity', '3 email; after 6 letter min 60 EUR; after 8 phone min 80 EUR manual repeat 9; wait 3; following business day'),
	('c', '2026-03-10', '3 email; 9 sms; 17 phone manual repeat 9; wait 5; following business day'),
	('d', '-infinity', '4 email; 10 letter; 18 phone min 120 EUR; wait 3; mode jump');
CREATE TEMP TABLE ladder (name text, from_day date, nth integer, days integer, channel text, least numeric DEFAULT 0, wait integer, after integer DEFAULT 0, again integer, manual boolean DEFAULT false);
INSERT INTO ladder (name, from_day, nth, days, channel, wait) VALUES
	('a', '-infinity', 1, -3, 'email', 3), ('a', '-infinity', 2, 5, 'email', 3), ('a', '-infinity', 4, 30, 'phone', 3),
	('a', '2026-02-20', 1, 5, 'email', 4), ('a', '2026-02-20', 2, 12, 'phone', 4),
	('b', '-infinity', 1, 2, 'email', 2), ('b', '-infinity', 3, 9, 'letter', 2),
	('c', '-infinity', 1, 3, 'email', 3), ('c', '2026-03-10', 1, 3, 'email', 5), ('c', '2026-03-10', 2, 9, 'sms', 5),
	('d', '-infinity', 1, 4, 'email', 3), ('d', '-infinity', 2, 10, 'letter', 3);
INSERT INTO ladder VALUES
	('a', '-infinity', 3, 15, 'letter', 60, 7, 0, NULL, false), ('a', '2026-02-20', 3, 20, 'letter', 0, 4, 0, 10, false), ('b', '-infinity', 2, 2, 'phone', 0, 2, 0, NULL, true),
	('c', '-infinity', 2, 9, 'letter', 60, 3, 6, NULL, false), ('c', '-infinity', 3, 17, 'phone', 80, 3, 8, 9, true), ('c', '2026-03-10', 3, 17, 'phone', 0, 5, 0, 9, true),
	('d', '-infinity', 3, 18, 'phone', 120, 3, 0, NULL, false);
INSERT INTO dunning.procedure (name, procedure) SELECT name, text::dunning.dunning_procedure FROM text_of WHERE from_day = '-infinity';
-- a reason for each thing that a hold can stop, and for each thing that can follow it
INSERT INTO dunning.hold_reason (name, label_en, stops, then_do)
SELECT concat_ws('_', s.stops, t.then_do), 'x', s.stops, t.then_do FROM unnest(ARRAY['all', 'automatic', 'none']) AS s (stops) CROSS JOIN unnest(ARRAY['continue', 'wait', 'restart']) AS t (then_do);

SELECT setseed(:seed) \g /dev/null
INSERT INTO public.bill
SELECT k, k % (pg_temp.number() / 8), date '2026-01-01' + k % 20, date '2026-01-10' + pg_temp.any_of(50), 100 + pg_temp.any_of(3) * 50, (ARRAY['a', 'b', 'c', 'd'])[1 + k % 4],
	-- some pay for others
	CASE WHEN k % (pg_temp.number() / 8) % 3 > 0 THEN 1000 + k % (pg_temp.number() / 8) / 3 END
FROM generate_series(1, pg_temp.number()) AS k;
SELECT dunning.adopt('public.bill', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on", "amount": "amount",
	"procedure": "own_procedure", "payer": "payer", "currency": "EUR", "payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount"}}') \g /dev/null

-- The model.  Of a hold the last day on which it is in force.
CREATE TEMP TABLE stop (hold bigint, bill integer, client integer, from_day date, last_day date, stops text, then_do text, amount numeric, what text DEFAULT 'hold');
-- another procedure of an item from a day on; what was to be paid by when, or else the plan is over
CREATE TEMP TABLE assigned (bill integer, from_day date, name text);
CREATE TEMP TABLE agreed (bill integer, hold bigint, agreed_on date, last_on date[], amounts numeric[], over boolean DEFAULT false);
CREATE INDEX ON assigned (bill);
CREATE TEMP TABLE model (bill integer, days integer, channel text, time integer, raised_on date, net numeric, held numeric, done_on date, ended_on date, by_run boolean DEFAULT false);
CREATE INDEX ON stop (bill);
CREATE INDEX ON stop (client);
CREATE INDEX ON model (bill);
CREATE FUNCTION pg_temp.business(day date) RETURNS date LANGUAGE sql IMMUTABLE AS $$ SELECT day + CASE extract(isodow FROM day) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END $$;
CREATE FUNCTION pg_temp.procedure_on(bill integer, own text, day date) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT a.name FROM assigned AS a WHERE a.bill = procedure_on.bill AND a.from_day <= day ORDER BY a.from_day DESC LIMIT 1), own) $$;
-- a step that counts from a broken promise is 1000 in the model
CREATE FUNCTION pg_temp.days_of(step text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN step = 'broken promise 1' THEN 1000 ELSE step::integer END $$;
CREATE FUNCTION pg_temp.step_of(days integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN days = 1000 THEN 'broken promise 1' ELSE days::text END $$;
CREATE FUNCTION pg_temp.model_run(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	b record;
	m record;
	step record;
	owed numeric;
	kept numeric;	/* held from machines */
	by_hand numeric;	/* and from people */
	stopped boolean;	/* all reminders */
	automatic boolean;	/* those that nobody has to approve */
	waits date;	/* the last day of a hold after which the wait begins */
	again date;	/* the last day of a hold after which all begins again */
	valid_from date;
	steps integer;
	done integer;
	last date;
	ready date;
	take ladder;
	broke date;	/* the day on which the last promise broke, unless another one or a plan came after it */
	times integer;	/* how many broke */
BEGIN
	-- a plan of which less was paid by the last day of an instalment is over since the day after it
	FOR m IN
		SELECT g.bill, g.hold, min(u.last_on) + 1 AS day
		FROM agreed AS g CROSS JOIN LATERAL (SELECT k, g.last_on[k] AS last_on, (SELECT sum(a) FROM unnest(g.amounts[:k]) AS a) AS needed FROM generate_series(1, cardinality(g.last_on)) AS k) AS u
		WHERE NOT g.over AND u.last_on < day AND u.needed > coalesce((SELECT sum(p.amount) FROM public.payment AS p WHERE p.bill = g.bill AND p.paid_on > g.agreed_on AND p.paid_on <= u.last_on), 0)
		GROUP BY g.bill, g.hold
	LOOP
		UPDATE stop SET last_day = m.day - 1 WHERE hold = m.hold;
		UPDATE agreed SET over = true WHERE hold = m.hold;
	END LOOP;
	FOR b IN SELECT id, client, due_on, amount, pg_temp.procedure_on(id, bill.own_procedure, day) AS own_procedure FROM public.bill WHERE issued_on <= day LOOP
		owed := b.amount - coalesce((SELECT sum(p.amount) FROM public.payment AS p WHERE p.bill = b.id AND p.paid_on <= day), 0);
		SELECT coalesce(sum(s.amount) FILTER (WHERE s.in_force AND s.stops <> 'none'), 0), coalesce(sum(s.amount) FILTER (WHERE s.in_force AND s.stops = 'all'), 0),
			coalesce(bool_or(s.amount IS NULL AND s.in_force AND s.stops = 'all'), false), coalesce(bool_or(s.amount IS NULL AND s.in_force AND s.stops = 'automatic'), false),
			max(s.last_day) FILTER (WHERE s.amount IS NULL AND s.over AND s.then_do = 'wait'), max(s.last_day) FILTER (WHERE s.amount IS NULL AND s.over AND s.then_do = 'restart')
		INTO kept, by_hand, stopped, automatic, waits, again
		FROM (SELECT f.*, f.from_day <= day AND f.last_day >= day AS in_force, f.from_day <= f.last_day AND f.last_day < day AS over
			FROM (SELECT * FROM stop WHERE bill = b.id UNION ALL SELECT * FROM stop WHERE client = b.client UNION ALL SELECT * FROM stop WHERE bill IS NULL AND client IS NULL) AS f) AS s;
		-- a hold of all that is open, or more, is a hold of the item
		stopped := stopped OR by_hand > 0 AND by_hand >= owed;
		automatic := automatic OR kept > 0 AND kept >= owed;
		valid_from := (SELECT max(l.from_day) FROM ladder AS l WHERE l.name = b.own_procedure AND l.from_day <= day);
		steps := (SELECT count(*) FROM ladder AS l WHERE l.name = b.own_procedure AND l.from_day = valid_from);
		SELECT max(h.from_day), count(*) INTO broke, times FROM dunning.hold AS h WHERE h.item = dunning.item_key(b.id) AND h.reason = 'broken_promise' AND h.from_day <= day;
		IF EXISTS (SELECT FROM stop AS s WHERE (s.bill = b.id OR s.client = b.client) AND s.what IN ('promise', 'plan') AND s.amount IS NULL AND s.from_day BETWEEN broke AND day AND s.last_day >= s.from_day) THEN
			broke := NULL;
		END IF;
		-- the first day of its step: the wait after another hold counts, that of the promise itself does not
		ready := CASE WHEN b.own_procedure = 'b' THEN greatest(broke + 1, CASE WHEN waits >= broke THEN waits + 2 END) END;
		UPDATE model AS t SET ended_on = day, by_run = true
		WHERE t.bill = b.id AND t.days = 1000 AND t.done_on IS NULL AND t.ended_on IS NULL
			AND (owed > 0 AND NOT stopped AND NOT automatic AND ready <= day AND t.time = times AND t.net = owed - kept AND t.held = kept) IS NOT TRUE;
		-- what was not sent and is not right any more is taken back: paid in full or in part, held, out of the procedure, too late, before a new beginning, in the wait after a hold
		UPDATE model AS t SET ended_on = day, by_run = true
		WHERE t.bill = b.id AND t.days <> 1000 AND t.done_on IS NULL AND t.ended_on IS NULL
			AND (owed > 0 AND NOT stopped AND (t.raised_on <= again) IS NOT TRUE
				AND EXISTS (SELECT FROM ladder AS l CROSS JOIN LATERAL (SELECT CASE WHEN l.manual THEN by_hand ELSE kept END AS held) AS h
				WHERE l.name = b.own_procedure AND l.from_day = valid_from AND owed - h.held = t.net AND h.held = t.held
				AND l.days = t.days AND l.channel = t.channel AND owed - h.held >= l.least AND (l.days >= 0 OR day <= b.due_on) AND (l.manual OR NOT automatic)
				AND (CASE WHEN b.own_procedure = 'c' THEN pg_temp.business(waits + l.wait) ELSE waits + l.wait END > day) IS NOT TRUE)) IS NOT TRUE;
		CONTINUE WHEN owed <= 0 OR stopped;
		-- once for a promise, before the ladder, which goes on on the day after
		IF ready <= day AND NOT automatic AND NOT EXISTS (SELECT FROM model AS t WHERE t.bill = b.id AND t.days = 1000 AND t.time = times AND t.ended_on IS NULL) THEN
			INSERT INTO model (bill, days, channel, time, raised_on, net, held) VALUES (b.id, 1000, 'sms', times, day, owed - kept, kept);
			CONTINUE;
		END IF;
		-- how many steps of the ladder are done, and when the last one was
		done := 0;
		last := NULL;
		FOR m IN SELECT * FROM model AS t WHERE t.bill = b.id AND t.days <> 1000 AND t.ended_on IS NULL AND (t.raised_on <= again) IS NOT TRUE LOOP
			last := greatest(last, coalesce(m.done_on, m.raised_on));
			done := greatest(done, coalesce(
				(SELECT l.nth FROM ladder AS l WHERE l.name = b.own_procedure AND l.from_day = valid_from AND l.days = m.days AND l.channel = m.channel),
				(SELECT count(*)::integer FROM ladder AS l WHERE l.name = b.own_procedure AND l.from_day = valid_from AND l.days <= m.days)));
		END LOOP;
		take := NULL;
		FOR step IN SELECT * FROM ladder AS l WHERE l.name = b.own_procedure AND l.from_day = valid_from
			AND (l.nth > done OR l.nth = steps AND l.again IS NOT NULL) ORDER BY l.nth
		LOOP
			ready := greatest(b.due_on + step.days, last + CASE WHEN step.nth <= done THEN greatest(step.again, step.wait) ELSE greatest(step.after, step.wait) END, waits + step.wait);
			ready := CASE WHEN b.own_procedure = 'c' THEN pg_temp.business(ready) ELSE ready END;
			-- an alert before the due date is too late after it
			CONTINUE WHEN step.days < 0 AND greatest(ready, day) > b.due_on;
			IF ready <= day AND owed - (ARRAY[kept, by_hand])[1 + step.manual::integer] >= step.least THEN
				take := step;
			END IF;
			-- the most severe step, or one after the other
			EXIT WHEN b.own_procedure <> 'd';
		END LOOP;
		IF take.nth IS NOT NULL AND (take.manual OR NOT automatic) THEN
			INSERT INTO model (bill, days, channel, time, raised_on, net, held)
			SELECT b.id, take.days, take.channel, 1 + coalesce(max(t.time), 0), day, owed - h.held, h.held
			FROM (SELECT CASE WHEN take.manual THEN by_hand ELSE kept END AS held) AS h LEFT JOIN model AS t ON t.bill = b.id AND t.days = take.days AND t.channel = take.channel AND t.ended_on IS NULL GROUP BY h.held;
		END IF;
	END LOOP;
END $$;

-- The ERP and people do something, in the books and in the model alike.  Of every
-- fifth item they note some things later than on their day.
CREATE FUNCTION pg_temp.happen(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	many CONSTANT integer := pg_temp.number() / 12;
	r record;
	luck double precision;
	on_day date;
	owed numeric;
BEGIN
	INSERT INTO public.payment SELECT 1 + pg_temp.any_of(pg_temp.number()), day, (ARRAY[20, 50, 200])[1 + pg_temp.any_of(3)] FROM generate_series(1, pg_temp.any_of(many));
	-- a payment comes back; what that does to a plan, whose payments begin after its day, is not said here
	INSERT INTO public.payment SELECT p.bill, day, -p.amount FROM public.payment AS p WHERE p.amount > 0 AND random() < 0.01
		AND p.bill NOT IN (SELECT g.bill FROM agreed AS g);
	FOR r IN SELECT m.*, m.item::text::integer AS bill FROM dunning.reminder AS m WHERE state = 'pending' ORDER BY reminder LOOP
		luck := random();
		on_day := CASE WHEN r.bill % 5 = 0 THEN greatest(r.raised_on, day - pg_temp.any_of(6)) ELSE day END;
		IF luck < 0.15 THEN
			PERFORM dunning.mark_reminder_sent(r.reminder, on_day);
			UPDATE model SET done_on = on_day WHERE bill = r.bill AND days = pg_temp.days_of(r.step) AND channel = r.channel AND time = r.occurrence AND ended_on IS NULL;
		ELSIF luck < 0.18 THEN
			PERFORM dunning.skip_reminder(r.reminder, 'for once', on_day);
			UPDATE model SET done_on = on_day WHERE bill = r.bill AND days = pg_temp.days_of(r.step) AND channel = r.channel AND time = r.occurrence AND ended_on IS NULL;
		ELSIF luck < 0.20 THEN
			PERFORM dunning.cancel_reminder(r.reminder, 'for once', on_day);
			UPDATE model SET ended_on = on_day WHERE bill = r.bill AND days = pg_temp.days_of(r.step) AND channel = r.channel AND time = r.occurrence AND ended_on IS NULL;
		END IF;
	END LOOP;
	-- holds of items, of an amount of one, of customers, and rarely of all; with or without an end; from today, or from another day
	FOR r IN SELECT s.*, day + CASE WHEN s.bill % 5 = 0 THEN pg_temp.any_of(12) - 8 ELSE pg_temp.any_of(4) END AS from_day
		FROM (SELECT CASE WHEN l.die < 0.6 THEN 'item' WHEN l.die < 0.9 THEN 'amount' WHEN l.die < 0.999 THEN 'customer' ELSE 'ledger' END AS what,
			CASE WHEN l.die < 0.9 THEN 1 + pg_temp.any_of(pg_temp.number()) END AS bill, pg_temp.any_of(pg_temp.number() / 8) AS client,
			CASE WHEN l.die >= 0.6 AND l.die < 0.75 THEN 'automatic' ELSE (ARRAY['all', 'all', 'automatic', 'none'])[1 + pg_temp.any_of(4)] END AS stops, (ARRAY['continue', 'wait', 'restart'])[1 + pg_temp.any_of(3)] AS then_do, pg_temp.any_of(12) AS lasts
			FROM (SELECT random() AS die FROM generate_series(1, pg_temp.any_of(greatest(many / 3, 3)))) AS l) AS s
	LOOP
		CONTINUE WHEN r.what = 'amount' AND (EXISTS (SELECT FROM stop AS f WHERE f.bill = r.bill AND f.amount IS NOT NULL)
			OR 33.37 > (SELECT b.amount - coalesce((SELECT sum(p.amount) FROM public.payment AS p WHERE p.bill = b.id AND p.paid_on <= r.from_day), 0) FROM public.bill AS b WHERE b.id = r.bill AND b.issued_on <= r.from_day) IS NOT FALSE);
		INSERT INTO stop VALUES (CASE r.what
				WHEN 'item' THEN dunning.hold_item('bill', dunning.item_key(r.bill), r.stops || '_' || r.then_do, r.from_day, CASE WHEN r.lasts > 3 THEN r.from_day + r.lasts END,
						category => CASE WHEN r.lasts % 2 = 0 THEN (SELECT min(c.code) FROM dunning.dispute_category AS c) END)
				WHEN 'amount' THEN dunning.hold_item('bill', dunning.item_key(r.bill), r.stops || '_continue', r.from_day, CASE WHEN r.lasts > 3 THEN r.from_day + r.lasts END, amount => 33.37)
				WHEN 'customer' THEN dunning.hold_customer('bill', dunning.item_key(r.client), r.stops || '_' || r.then_do, r.from_day, CASE WHEN r.lasts > 3 THEN r.from_day + r.lasts END)
				ELSE dunning.hold_ledger('bill', r.stops || '_' || r.then_do, r.from_day, r.from_day + 3) END,
			CASE WHEN r.what IN ('item', 'amount') THEN r.bill END, CASE WHEN r.what = 'customer' THEN r.client END, r.from_day,
			CASE WHEN r.what = 'ledger' THEN r.from_day + 3 WHEN r.lasts > 3 THEN r.from_day + r.lasts ELSE 'infinity' END, r.stops, CASE r.what WHEN 'amount' THEN 'continue' ELSE r.then_do END,
			CASE r.what WHEN 'amount' THEN 33.37 END);
	END LOOP;
	-- promises, of an item or of all items of a customer
	FOR r IN SELECT 1 + pg_temp.any_of(pg_temp.number()) AS bill, pg_temp.any_of(pg_temp.number() / 8) AS client, day + 2 + pg_temp.any_of(8) AS last_on, random() < 0.8 AS one FROM generate_series(1, 1 + pg_temp.any_of(greatest(many / 4, 2))) LOOP
		CONTINUE WHEN r.one AND EXISTS (SELECT FROM stop AS f WHERE f.bill = r.bill AND f.amount IS NOT NULL);
		owed := (SELECT coalesce(sum(b.amount - p.paid), 0) FROM public.bill AS b CROSS JOIN LATERAL (SELECT coalesce(sum(p.amount), 0) AS paid FROM public.payment AS p WHERE p.bill = b.id AND p.paid_on <= day) AS p
			WHERE b.issued_on <= day AND b.amount > p.paid AND CASE WHEN r.one THEN b.id = r.bill ELSE b.client = r.client END);
		CONTINUE WHEN owed < 30;
		PERFORM dunning.promise_to_pay('bill', CASE WHEN NOT r.one THEN dunning.item_key(r.client) END, 30, r.last_on, CASE WHEN r.one THEN ARRAY[dunning.item_key(r.bill)] END, promised_on => day);
		INSERT INTO stop SELECT h.hold, CASE WHEN r.one THEN r.bill END, CASE WHEN NOT r.one THEN r.client END, day, r.last_on, 'all', 'continue', CASE WHEN r.one AND owed > 30 THEN 30 END, 'promise'
		FROM dunning.hold AS h WHERE h.source = 'promise' ORDER BY h.hold DESC LIMIT 1;
	END LOOP;
	-- and of who pays for several, of all that is open of theirs: those that fell due first are held
	FOR r IN SELECT DISTINCT b.payer, day + 2 + pg_temp.any_of(8) AS last_on FROM public.bill AS b WHERE b.payer IS NOT NULL AND b.issued_on <= day AND random() < 0.03 ORDER BY 1 LOOP
		owed := (SELECT sum(o.open) FROM (SELECT b.amount - p.paid AS open
			FROM public.bill AS b CROSS JOIN LATERAL (SELECT coalesce(sum(p.amount), 0) AS paid FROM public.payment AS p WHERE p.bill = b.id AND p.paid_on <= day) AS p
			WHERE b.issued_on <= day AND b.amount > p.paid AND b.payer = r.payer ORDER BY b.due_on, dunning.item_key(b.id) LIMIT 2) AS o);
		CONTINUE WHEN owed IS NULL;
		PERFORM dunning.promise_to_pay('bill', dunning.item_key(r.payer), owed, r.last_on, promised_on => day);
		INSERT INTO stop SELECT h.hold, h.item::text::integer, NULL, day, r.last_on, 'all', 'continue', h.amount, 'promise'
		FROM dunning.hold AS h WHERE h.hold = ANY (SELECT unnest(p.holds) FROM dunning.promise AS p WHERE p.promise = (SELECT max(promise) FROM dunning.promise));
	END LOOP;
	-- plans: two instalments, each with a day of grace
	FOR r IN SELECT b.id AS bill FROM public.bill AS b WHERE b.id % 5 = 0 AND b.issued_on <= day AND random() < 0.02 AND NOT EXISTS (SELECT FROM agreed AS g WHERE g.bill = b.id)
		AND b.amount > (SELECT coalesce(sum(p.amount), 0) FROM public.payment AS p WHERE p.bill = b.id AND p.paid_on <= day) ORDER BY b.id
	LOOP
		PERFORM dunning.agree_plan('bill', ARRAY[dunning.item_key(r.bill)], day + 4, 2, every_months => 0, every_days => 6, agreed_on => day, tolerance_days => 1);
		INSERT INTO agreed SELECT r.bill, p.holds[1], day, ARRAY[day + 5, day + 11], p.amounts FROM dunning.plan AS p ORDER BY p.plan DESC LIMIT 1;
		INSERT INTO stop SELECT g.hold, r.bill, NULL, day, day + 11, 'all', 'wait', NULL, 'plan' FROM agreed AS g WHERE g.bill = r.bill;
	END LOOP;
	-- another procedure
	FOR r IN SELECT DISTINCT 1 + pg_temp.any_of(pg_temp.number()) AS bill, (ARRAY['a', 'b', 'c', 'd'])[1 + pg_temp.any_of(4)] AS name FROM generate_series(1, pg_temp.any_of(greatest(many / 6, 2))) LOOP
		CONTINUE WHEN EXISTS (SELECT FROM assigned AS a WHERE a.bill = r.bill AND a.from_day >= day);
		PERFORM dunning.assign('bill', 'procedure', r.name, item => dunning.item_key(r.bill), from_day => day);
		INSERT INTO assigned VALUES (r.bill, day, r.name);
	END LOOP;
	-- a dispute that goes on until the credit note is there
	FOR r IN SELECT h.hold, h.from_day FROM dunning.hold AS h WHERE h.category IS NOT NULL AND h.resolution IS NULL AND h.released_on IS NULL ORDER BY h.hold LOOP
		CONTINUE WHEN random() > 0.1;
		PERFORM dunning.resolve_dispute(r.hold, 'customer_right', greatest(day, r.from_day), 10);
	END LOOP;
	-- and releases, also of what has not begun
	FOR r IN SELECT f.* FROM stop AS f WHERE f.last_day >= day AND f.what = 'hold' ORDER BY f.hold LOOP
		CONTINUE WHEN random() > 0.12;
		on_day := CASE WHEN r.bill % 5 = 0 THEN day - pg_temp.any_of(6) ELSE day END;
		PERFORM dunning.release_hold(r.hold, 'for once', greatest(on_day, r.from_day));
		UPDATE stop SET last_day = greatest(on_day, r.from_day) - 1 WHERE hold = r.hold;
	END LOOP;
END $$;

-- Runs, but not every night; sometimes one is undone before the next
CREATE TEMP TABLE night (day date, run bigint, undone integer);
-- of some nights the work list and the holds as they were then
CREATE TEMP TABLE seen_item (day date, bill integer, w dunning.worklist);
CREATE TEMP TABLE seen_hold (day date, hold bigint, late boolean, h text);
DO $$
DECLARE
	today date;
	n integer;
BEGIN
	FOR day IN 0 .. 90 LOOP
		today := date '2026-01-05' + day;
		UPDATE dunning.procedure AS p SET procedure = t.text::dunning.dunning_procedure FROM text_of AS t WHERE t.name = p.name AND t.from_day = today;
		PERFORM pg_temp.happen(today);
		IF random() < 0.85 THEN
			PERFORM dunning.run_reminders(today);
			PERFORM pg_temp.model_run(today);
			INSERT INTO night SELECT today, max(run) FROM dunning.run_log;
			IF random() < 0.07 THEN
				UPDATE night SET undone = dunning.undo_run(run) WHERE night.day = today;
				UPDATE model SET ended_on = raised_on WHERE raised_on = today AND ended_on IS NULL AND done_on IS NULL;
			END IF;
		END IF;
		-- the moments of this night, as if it were now
		SET LOCAL session_replication_role = replica;
		UPDATE dunning.reminder SET raised_at = CASE WHEN raised_at = now() THEN today + time '12:00' AT TIME ZONE 'UTC' ELSE raised_at END, sent_at = CASE WHEN sent_at = now() THEN today + time '12:00' AT TIME ZONE 'UTC' ELSE sent_at END,
			skipped_at = CASE WHEN skipped_at = now() THEN today + time '12:00' AT TIME ZONE 'UTC' ELSE skipped_at END, cancelled_at = CASE WHEN cancelled_at = now() THEN today + time '12:00' AT TIME ZONE 'UTC' ELSE cancelled_at END
		WHERE now() IN (raised_at, sent_at, skipped_at, cancelled_at);
		UPDATE dunning.hold SET noted_at = CASE WHEN noted_at = now() THEN today + time '12:00' AT TIME ZONE 'UTC' ELSE noted_at END, released_at = CASE WHEN released_at = now() THEN today + time '12:00' AT TIME ZONE 'UTC' ELSE released_at END,
			expected_at = CASE WHEN expected_at = now() THEN today + time '12:00' AT TIME ZONE 'UTC' ELSE expected_at END
		WHERE now() IN (noted_at, released_at, expected_at);
		UPDATE dunning.assignment SET noted_at = today + time '12:00' AT TIME ZONE 'UTC' WHERE noted_at = now();
		SET LOCAL session_replication_role = origin;
		IF day % 6 = 5 THEN
			PERFORM set_config('dunning.today', today::text, true);
			INSERT INTO seen_item SELECT today, w.item::text::integer, w FROM dunning.worklist AS w;
			INSERT INTO seen_hold SELECT today, h.hold, h.item::text::integer % 5 = 0, h::text FROM dunning.hold_as_of(today) AS h;
			PERFORM set_config('dunning.today', '', true);
		END IF;
		COMMIT;
		IF day % 15 = 1 THEN
			ANALYZE public.payment, dunning.reminder, dunning.hold, model, stop;
		END IF;
	END LOOP;
END $$;

-- what the runs did
CREATE TEMP TABLE wrote AS
	SELECT r.item::text::integer AS bill, r.raised_on AS on_day, 'raised' AS event, r.step, r.channel, r.occurrence FROM dunning.reminder AS r
	UNION ALL
	SELECT r.item::text::integer, r.cancelled_on, 'withdrawn', r.step, r.channel, r.occurrence FROM dunning.reminder AS r WHERE r.withdrawn;
SELECT cmp_ok((SELECT count(*) FROM wrote WHERE event = what), '>', least, format('enough is %s', what))
FROM (VALUES ('raised', 200::bigint), ('withdrawn', 20)) AS v (what, least);
SELECT cmp_ok((SELECT count(*) FROM dunning.reminder WHERE occurrence > 1), '>', 10::bigint, 'the last step comes again');
SELECT cmp_ok((SELECT count(*) FROM dunning.reminder WHERE state = what), '>', least, format('enough is %s', what))
FROM (VALUES ('sent', 60::bigint), ('skipped', 10), ('cancelled', 40)) AS v (what, least);
SELECT cmp_ok((SELECT count(DISTINCT (stops, then_do)) FROM dunning.hold), '>', 7::bigint, 'holds of every kind');
SELECT cmp_ok((SELECT count(*) FROM dunning.hold WHERE CASE what WHEN 'customer' THEN customer IS NOT NULL WHEN 'amount' THEN amount IS NOT NULL WHEN 'amount for machines' THEN amount IS NOT NULL AND stops = 'automatic' WHEN 'late' THEN noted_at::date > from_day
	WHEN 'late released' THEN released_at::date > released_on WHEN 'withdrawn' THEN released_on = from_day ELSE released_on IS NOT NULL END), '>', least, format('holds: %s', what))
FROM (VALUES ('customer', 2::bigint), ('amount', 5), ('amount for machines', 2), ('late', 3), ('late released', 1), ('withdrawn', 2), ('released', 20)) AS v (what, least);
SELECT cmp_ok((SELECT sum(undone) FROM night), '>', 1::bigint, 'reminders of runs that were undone');
SELECT cmp_ok((SELECT count(*) FROM stop WHERE what = 'promise'), '>', 20::bigint, 'promises');
SELECT cmp_ok((SELECT count(*) FROM dunning.promise WHERE customer::text::integer >= 1000), '>', 2::bigint, 'promises of who pays for others');
-- What became of the promises, by hand: those of a payer and of those for whom he pays take the payments first to last, each payment once.
CREATE FUNCTION pg_temp.filled(day date) RETURNS TABLE (promise bigint, paid numeric) LANGUAGE plpgsql AS $$
DECLARE
	r record;
	m record;
BEGIN
	CREATE TEMP TABLE IF NOT EXISTS receipt (bill integer, paid_on date, amount numeric, returned_on date);
	DELETE FROM receipt;
	INSERT INTO receipt SELECT i.item::text::integer, p.paid_on, p.amount, p.returned_on FROM dunning.ledger_items(day) AS i CROSS JOIN LATERAL dunning.payments(i.history, day) AS p;
	FOR r IN SELECT p.promise, p.amount, p.promised_on, p.last_on, p.customer::text::integer AS who, p.items FROM dunning.promise AS p WHERE p.promised_on <= day ORDER BY p.promised_for, p.promise LOOP
		paid := 0;
		FOR m IN SELECT c.ctid, c.amount FROM receipt AS c JOIN public.bill AS b ON b.id = c.bill
			WHERE c.paid_on > r.promised_on AND c.paid_on <= r.last_on AND (c.returned_on <= r.last_on) IS NOT TRUE AND (dunning.item_key(c.bill) = ANY (r.items) OR r.items IS NULL AND b.client = r.who)
			ORDER BY c.paid_on, dunning.item_key(c.bill), c.returned_on, c.amount
		LOOP
			EXIT WHEN paid >= r.amount;
			UPDATE receipt AS c SET amount = c.amount - least(m.amount, r.amount - paid) WHERE c.ctid = m.ctid;
			paid := paid + least(m.amount, r.amount - paid);
		END LOOP;
		promise := r.promise;
		RETURN NEXT;
	END LOOP;
END $$;
CREATE TEMP TABLE told AS SELECT d::date AS day, p.promise, p.paid, p.state FROM generate_series(timestamp '2026-01-20', '2026-04-10', '20 days') AS d CROSS JOIN LATERAL dunning.promises(d::date) AS p;
SELECT bag_eq('SELECT day, promise, paid FROM told', 'SELECT d.day, f.promise, f.paid FROM (SELECT DISTINCT day FROM told) AS d CROSS JOIN LATERAL pg_temp.filled(d.day) AS f', 'what was paid of each promise');
SELECT cmp_ok((SELECT count(*) FROM told WHERE paid > 0), '>', 20::bigint, 'of many something');
SELECT bag_eq('SELECT day, promise, paid FROM told', $$ SELECT t.day, p.promise, p.paid FROM (SELECT DISTINCT day FROM told) AS t CROSS JOIN (SELECT DISTINCT customer FROM dunning.promise) AS c
	CROSS JOIN LATERAL dunning.promises(t.day, 'bill', c.customer) AS p $$, 'and so it is for who asks of one customer');
SELECT cmp_ok((SELECT count(*) FROM agreed WHERE over), '>', 3::bigint, 'plans that broke');
SELECT cmp_ok((SELECT count(*) FROM wrote WHERE step ^@ 'broken' AND event = what), '>', 1::bigint, 'steps of broken promises: ' || what) FROM unnest('{raised,withdrawn}'::text[]) AS what;
SELECT cmp_ok((SELECT count(*) FROM assigned), '>', 20::bigint, 'and items with another procedure from a day on');
SELECT cmp_ok((SELECT count(*) FROM dunning.reminder WHERE sent_at::date > sent_on OR cancelled_at::date > cancelled_on), '>', 5::bigint, 'and what was noted late');
SELECT is((SELECT count(*) FROM dunning.run_problem), 0::bigint, 'without a problem');

SELECT bag_eq('SELECT * FROM wrote',
	$$ SELECT bill, raised_on, 'raised', pg_temp.step_of(days), channel, time FROM model UNION ALL SELECT bill, ended_on, 'withdrawn', pg_temp.step_of(days), channel, time FROM model WHERE by_run $$,
	'the runs did what the model says');

-- The life of each item: its facts as they are stored, and what is open of it for reminders.
CREATE TEMP TABLE life AS
	SELECT b.id, b.due_on, b.issued_on, b.own_procedure, dunning.item_history('bill', dunning.item_key(b.id)) AS facts,
		dunning.movement(b.amount, b.issued_on) + coalesce((SELECT dunning.balance_history(-p.amount, p.paid_on) FROM public.payment AS p WHERE p.bill = b.id), '{}')
			+ coalesce((SELECT dunning.balance_history(m.amount, m.on_day) FROM stop AS s CROSS JOIN LATERAL (VALUES (-s.amount, s.from_day), (s.amount, s.last_day + 1)) AS m (amount, on_day)
				WHERE s.bill = b.id AND s.amount IS NOT NULL AND s.stops <> 'none' AND s.last_day >= s.from_day AND isfinite(m.on_day)), '{}') AS balance,
		(SELECT dunning.balance_history(m.amount, m.on_day) FROM stop AS s CROSS JOIN LATERAL (VALUES (s.amount, s.from_day), (-s.amount, s.last_day + 1)) AS m (amount, on_day)
			WHERE s.bill = b.id AND s.amount IS NOT NULL AND s.stops = 'automatic' AND s.last_day >= s.from_day AND isfinite(m.on_day)) AS for_people
	FROM public.bill AS b;
CREATE FUNCTION pg_temp.replayed(from_day date, as_seen boolean, without boolean DEFAULT false) RETURNS TABLE (bill integer, on_day date, event text, step text, channel text, occurrence integer) LANGUAGE sql AS $$
	SELECT l.id, r.on_day, r.event, r.step, r.channel, r.occurrence
	FROM life AS l
	CROSS JOIN LATERAL (SELECT array_agg(t.text::dunning.dunning_procedure ORDER BY d.day) AS texts, array_agg(d.day ORDER BY d.day) AS days
		FROM (SELECT from_day AS day FROM text_of UNION SELECT a.from_day FROM assigned AS a WHERE a.bill = l.id) AS d
		CROSS JOIN LATERAL (SELECT t.text FROM text_of AS t WHERE t.name = pg_temp.procedure_on(l.id, l.own_procedure, d.day) AND t.from_day <= d.day ORDER BY t.from_day DESC LIMIT 1) AS t) AS p
	CROSS JOIN LATERAL dunning.replay(p.texts[1], l.due_on, from_day, '2026-04-30', CASE WHEN without THEN (SELECT dunning.sum(_dunning.hold_fact('x', s.from_day, nullif(s.last_day, 'infinity'), NULL, s.stops, s.then_do))
			FROM stop AS s JOIN public.bill AS b ON b.id = l.id WHERE (s.bill = l.id OR s.client = b.client OR s.bill IS NULL AND s.client IS NULL) AND s.amount IS NULL AND s.from_day <= s.last_day) ELSE l.facts END,
		l.balance, currency => 'EUR', run_days => (SELECT array_agg(n.day) FROM night AS n WHERE n.day >= l.issued_on), procedures => p.texts[2:], changed_on => p.days[2:], as_seen => as_seen,
		by_hand => l.balance + l.for_people) AS r $$;
SELECT bag_eq(format('SELECT * FROM wrote WHERE on_day >= %L AND bill %% 5 <> 0', from_day), format('SELECT * FROM pg_temp.replayed(%L, false) WHERE bill %% 5 <> 0', from_day),
	format('replay says what the runs wrote, from %s', from_day))
FROM unnest(ARRAY['2026-01-01', '2026-01-31', '2026-02-20', '2026-03-15']::date[]) AS from_day;
-- an amount that was held late has no day on which it was noted
SELECT bag_eq(format('SELECT * FROM wrote WHERE on_day >= %L AND bill NOT IN (SELECT bill FROM stop WHERE amount IS NOT NULL AND bill %% 5 = 0)', from_day),
	format('SELECT * FROM pg_temp.replayed(%L, true) WHERE bill NOT IN (SELECT bill FROM stop WHERE amount IS NOT NULL AND bill %% 5 = 0)', from_day),
	format('as they saw it: also of what was noted late, from %s', from_day))
FROM unnest(ARRAY['2026-01-01', '2026-01-31', '2026-02-20', '2026-03-15']::date[]) AS from_day;
SELECT cmp_ok((SELECT count(*) FROM (SELECT * FROM pg_temp.replayed('2026-01-01', true) EXCEPT SELECT * FROM pg_temp.replayed('2026-01-01', false)) AS d), '>', 1::bigint, 'which makes a difference');
-- without what the runs wrote of those days: what they had to write
\set untouched 'NOT EXISTS (SELECT FROM dunning.reminder AS r WHERE r.item = dunning.item_key(w.bill) AND (r.state IN (''sent'', ''skipped'') OR NOT r.withdrawn AND r.state = ''cancelled'')) AND w.bill % 5 <> 0 AND NOT EXISTS (SELECT FROM dunning.hold AS h WHERE h.item = dunning.item_key(w.bill) AND h.reason = ''broken_promise'')'
SELECT bag_eq('SELECT * FROM wrote AS w WHERE ' || :'untouched', 'SELECT w.* FROM pg_temp.replayed(''2026-01-01'', false, true) AS w WHERE ' || :'untouched',
	'items of which nobody did anything with a reminder need no facts but holds');

-- What a past day says is what that night said: with what was noted by then all of it, and without that all but what is known of later days,
-- of items of which nothing was noted late.  Procedures have no days.
CREATE FUNCTION pg_temp.steady(w dunning.worklist, day date) RETURNS boolean LANGUAGE sql AS $$
	SELECT NOT EXISTS (SELECT FROM text_of AS t WHERE t.name = w.procedure_name AND t.from_day > day) $$;
SELECT cmp_ok((SELECT count(*) FROM seen_item WHERE (w).state = 'held'), '>', 20::bigint, 'nights with holds');
CREATE TEMP TABLE then_item AS SELECT n.day, w.item::text::integer AS bill, w FROM (SELECT DISTINCT day FROM seen_item) AS n CROSS JOIN LATERAL dunning.worklist_as_of(n.day, true) AS w;
CREATE TEMP TABLE now_item AS SELECT n.day, w.item::text::integer AS bill, w FROM (SELECT DISTINCT day FROM seen_item) AS n CROSS JOIN LATERAL dunning.worklist_as_of(n.day) AS w;
SELECT bag_eq('SELECT day, w::text FROM seen_item WHERE pg_temp.steady(w, day)', 'SELECT day, w::text FROM then_item WHERE pg_temp.steady(w, day)', 'the work list as it was seen is that of the night');
SELECT bag_eq(format(q, 'seen_item'), format(q, 'now_item'), 'as it is known now, too, for what was noted on its day')
FROM (VALUES ('SELECT day, bill, (w).open_amount, (w).held_amount, (w).state, (w).step, (w).level, (w).occurrence, (w).channel, (w).step_on, (w).reason, (w).reason_name, (w).reason_on, (w).last_step, (w).last_channel, (w).last_on, (w).bucket, (w).problem
	FROM %I WHERE pg_temp.steady(w, day) AND bill %% 5 <> 0 AND NOT EXISTS (SELECT FROM dunning.hold AS h WHERE h.item = dunning.item_key(bill) AND h.reason = ''broken_promise'' AND h.noted_at::date > h.from_day)')) AS v (q);
SELECT bag_eq('SELECT day, hold, h FROM seen_hold', 'SELECT n.day, h.hold, h::text FROM (SELECT DISTINCT day FROM seen_item) AS n CROSS JOIN LATERAL dunning.hold_as_of(n.day, as_seen => true) AS h',
	'the holds as they were seen are those of the night');
SELECT bag_eq('SELECT day, hold FROM seen_hold WHERE late IS NOT TRUE AND hold NOT IN (SELECT hold FROM dunning.hold WHERE noted_at::date > from_day AND reason = ''broken_promise'')', $$ SELECT n.day, h.hold FROM (SELECT DISTINCT day FROM seen_item) AS n CROSS JOIN LATERAL dunning.hold_as_of(n.day) AS h WHERE (h.item::text::integer % 5 = 0) IS NOT TRUE AND NOT (h.noted_at::date > h.from_day AND h.reason = 'broken_promise') $$,
	'and as they are known now, too');
SELECT cmp_ok((SELECT count(*) FROM dunning.hold WHERE expected_at > noted_at), '>', 2::bigint, 'disputes with a credit that was told later');

SELECT is((SELECT count(*) FROM night AS n CROSS JOIN LATERAL (SELECT count(*) AS n FROM wrote AS w WHERE w.on_day = n.day AND w.event = 'raised') AS w
	WHERE w.n <> (SELECT count(*) FROM dunning.run_log AS g JOIN dunning.reminder AS r ON r.run = g.run WHERE g.as_of = n.day)), 0::bigint, 'each run wrote what its day has');
SELECT * FROM finish();
