-- What runs write by customer is what a model in plain SQL says, which knows nothing of the
-- extension but what docs/by_customer.md promises: part payments, payments that are taken
-- back, credits, holds of all and of amounts, from all or from machines only, a procedure that
-- changes, runs that are missed.  DUNNING_LIVES=10000 draws more lives.
\set ON_ERROR_STOP on
\pset tuples_only on
\pset format unaligned
\set lives 220
\getenv lives DUNNING_LIVES
\set seed 0.14
\getenv seed DUNNING_SEED
SET client_min_messages = error;
SET dunning.time_zone = 'UTC';
SELECT no_plan();

CREATE TABLE public.bill (id integer PRIMARY KEY, client integer NOT NULL, due_on date NOT NULL, amount numeric NOT NULL, own text NOT NULL);
CREATE TABLE public.payment (bill integer, paid_on date, amount numeric);
-- a call by a person; from a day on it comes two days earlier
CREATE TEMP TABLE text_of AS
	SELECT n.name, d.from_day, format('5 email; %s phone min 100 EUR manual; 20 letter min 150 EUR and 30%%; wait 4; by customer%s', d.phone, n.how) AS text
	FROM (VALUES ('highest', ''), ('lowest', '; level lowest'), ('each', '; level each'), ('jump', '; mode jump')) AS n (name, how)
	CROSS JOIN (VALUES (date '-infinity', 12), ('2026-01-26', 10)) AS d (from_day, phone);
INSERT INTO dunning.procedure (name, procedure) SELECT t.name, t.text::dunning.dunning_procedure FROM text_of AS t WHERE t.from_day = '-infinity';
INSERT INTO dunning.hold_reason (name, label_en, stops) VALUES ('machines', 'Machines', 'automatic');
SELECT setseed(:seed) \g /dev/null
CREATE FUNCTION pg_temp.any_of(n integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT floor(random() * n)::integer';
SELECT format('CREATE FUNCTION pg_temp.number() RETURNS integer LANGUAGE sql IMMUTABLE RETURN %s', :lives) \gexec
-- customers of four or five bills, all of one procedure
INSERT INTO public.bill SELECT k, 1 + k % (pg_temp.number() / 18 * 4), date '2026-01-01' + pg_temp.any_of(45), CASE WHEN pg_temp.any_of(7) = 0 THEN -40 ELSE 30 + 10 * pg_temp.any_of(10) END,
	(ARRAY['highest', 'lowest', 'each', 'jump'])[1 + k % 4] FROM generate_series(1, pg_temp.number()) AS k;
SELECT dunning.adopt('public.bill', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "amount": "amount", "procedure": "own", "currency": "EUR",
	"payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount"}}') \g /dev/null

CREATE TEMP TABLE model (bill integer, nth integer, raised_on date, net numeric, kept numeric, sent_on date, ended_on date);
CREATE TEMP TABLE stop (bill integer, from_day date, last_day date, machines boolean, amount numeric);
CREATE INDEX ON model (bill);
CREATE INDEX ON public.bill (client);
CREATE INDEX ON public.payment (bill);
-- of an item what is kept from machines and from people, and whether it is held from both, or from machines
CREATE TEMP TABLE item (bill integer, owed numeric, kept numeric, kept_by_hand numeric, held boolean, automatic boolean, due_on date, own text, done integer, ready integer, pending integer, last date, next integer);
-- the second step is taken by a person
CREATE FUNCTION pg_temp.asks(i item, nth integer) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT i.owed - CASE nth WHEN 2 THEN i.kept_by_hand ELSE i.kept END $$;
CREATE FUNCTION pg_temp.enough(nth integer, asked numeric, owed numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT asked >= (ARRAY[0, 100, 150])[nth] AND asked * 100 >= owed * (ARRAY[0, 0, 30])[nth] $$;

CREATE FUNCTION pg_temp.model_run(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	changed CONSTANT date := '2026-01-26';
	days CONSTANT integer[] := ARRAY[5, CASE WHEN day < changed THEN 12 ELSE 10 END, 20];
	c record;
	s integer;
	way text;
	withdrew boolean;
	total numeric;
	credit numeric;
	asked numeric;
	waits_from date;
	past boolean;
	leads boolean;
BEGIN
	FOR c IN SELECT DISTINCT b.client FROM public.bill AS b ORDER BY 1 LOOP
		DELETE FROM item;
		INSERT INTO item SELECT b.id, b.amount - coalesce((SELECT sum(p.amount) FROM public.payment AS p WHERE p.bill = b.id AND p.paid_on <= day), 0),
			h.kept, h.kept_by_hand, h.held, h.automatic, b.due_on, b.own FROM public.bill AS b
			CROSS JOIN LATERAL (SELECT coalesce(sum(h.amount), 0) AS kept, coalesce(sum(h.amount) FILTER (WHERE NOT h.machines), 0) AS kept_by_hand,
				coalesce(bool_or(h.amount IS NULL AND NOT h.machines), false) AS held, coalesce(bool_or(h.amount IS NULL AND h.machines), false) AS automatic
				FROM stop AS h WHERE h.bill = b.id AND day BETWEEN h.from_day AND h.last_day) AS h WHERE b.client = c.client;
		-- amounts that are all that is open hold the item
		UPDATE item AS i SET held = i.held OR i.kept_by_hand > 0 AND i.kept_by_hand >= i.owed, automatic = i.automatic OR i.kept > 0 AND i.kept >= i.owed;
		SELECT coalesce(sum(i.owed) FILTER (WHERE i.owed > 0), 0), coalesce(- sum(i.owed) FILTER (WHERE i.owed < 0), 0), min(i.own) INTO total, credit, way FROM item AS i;
		-- what is not right by itself, and then what is not right beside the others
		UPDATE model AS m SET ended_on = day FROM item AS i
		WHERE i.bill = m.bill AND m.sent_on IS NULL AND m.ended_on IS NULL AND ((m.net, m.kept) <> (pg_temp.asks(i, m.nth), i.owed - pg_temp.asks(i, m.nth)) OR i.owed <= 0 OR i.held OR i.automatic AND m.nth <> 2
			OR m.nth = 2 AND m.raised_on < changed AND day >= changed);
		LOOP
		withdrew := false;
		FOR s IN 1 .. 3 LOOP
			SELECT bool_or(i.due_on + days[s] <= day) FILTER (WHERE m.nth = s), sum(pg_temp.asks(i, m.nth)) FILTER (WHERE m.nth = s OR way = 'each') INTO leads, asked
			FROM model AS m JOIN item AS i ON i.bill = m.bill WHERE m.sent_on IS NULL AND m.raised_on <= day AND (m.ended_on IS NULL OR way = 'each' AND m.ended_on = day AND m.net < 0);
			IF NOT (leads AND asked > credit AND pg_temp.enough(s, asked - credit, total - credit)) THEN
				UPDATE model AS m SET net = - m.net, ended_on = day FROM item AS i WHERE i.bill = m.bill AND m.nth = s AND m.sent_on IS NULL AND m.ended_on IS NULL;
				withdrew := withdrew OR FOUND;
			END IF;
		END LOOP;
		UPDATE model AS m SET net = - m.net FROM item AS i WHERE i.bill = m.bill AND m.net < 0;
		EXIT WHEN NOT withdrew;
		END LOOP;
		CONTINUE WHEN total <= credit;
		-- how far each item is
		UPDATE item AS i SET done = coalesce(x.done, 0), last = x.last, pending = coalesce(x.pending, 0)
		FROM item AS j LEFT JOIN LATERAL (SELECT max(m.nth) AS done, max(coalesce(m.sent_on, m.raised_on)) AS last, max(m.nth) FILTER (WHERE m.sent_on IS NULL) AS pending
			FROM model AS m WHERE m.bill = j.bill AND m.ended_on IS NULL) AS x ON true
		WHERE j.bill = i.bill;
		-- the step that an item takes next by itself: with jump the last one of those that can be taken first
		UPDATE item AS i SET next = CASE WHEN way = 'jump' THEN (SELECT max(k) FROM generate_series(i.done + 1, 3) AS k
				WHERE i.due_on + days[k] <= greatest(day, i.last + 4, i.due_on + days[i.done + 1]))
			WHEN i.done < 3 THEN i.done + 1 END;
		-- what is held by itself takes no step with the others
		UPDATE item AS i SET held = true WHERE i.automatic AND i.next <> 2;
		UPDATE item AS i SET ready = i.next WHERE i.owed > 0 AND NOT i.held AND i.due_on + days[i.next] <= day AND (i.last + 4 > day) IS NOT TRUE;
		IF way = 'each' THEN
			SELECT max(m.sent_on) INTO waits_from FROM model AS m JOIN item AS i ON i.bill = m.bill WHERE m.ended_on IS NULL;
			-- what is below its minimum is not asked for
			LOOP
				SELECT sum(pg_temp.asks(i, CASE WHEN i.ready > 0 THEN i.ready ELSE i.pending END)) INTO asked FROM item AS i WHERE i.ready > 0 OR i.pending > 0 AND i.owed > 0;
				UPDATE item AS i SET ready = NULL WHERE i.ready > 0 AND NOT (asked > credit AND pg_temp.enough(i.ready, asked - credit, total - credit));
				EXIT WHEN NOT FOUND;
			END LOOP;
			INSERT INTO model (bill, nth, raised_on, net, kept) SELECT i.bill, i.ready, day, pg_temp.asks(i, i.ready), i.owed - pg_temp.asks(i, i.ready) FROM item AS i WHERE i.ready > 0 AND (waits_from + 4 > day) IS NOT TRUE;
			CONTINUE;
		END IF;
		s := CASE WHEN way = 'lowest' THEN coalesce((SELECT min(i.ready) FROM item AS i), (SELECT nullif(max(i.pending), 0) FROM item AS i WHERE i.owed > 0))
			ELSE (SELECT nullif(max(greatest(i.ready, i.pending)), 0) FROM item AS i WHERE i.owed > 0) END;
		WHILE s > 0 LOOP
			SELECT bool_or(i.ready IS NOT NULL AND i.done < s OR i.pending = s), sum(pg_temp.asks(i, s)), bool_or(i.done < s) INTO leads, asked, past
			FROM item AS i WHERE i.owed > 0 AND i.due_on < day AND (i.done < s AND NOT i.held AND (s = 2 OR NOT i.automatic) OR i.pending = s);
			IF leads AND past THEN
				EXIT WHEN asked <= credit;
				IF pg_temp.enough(s, asked - credit, total - credit) THEN
					SELECT max(coalesce(m.sent_on, m.raised_on)) INTO waits_from FROM model AS m JOIN item AS i ON i.bill = m.bill
					WHERE m.ended_on IS NULL AND (m.sent_on IS NOT NULL OR m.nth <> s);
					IF (waits_from + 4 > day) IS NOT TRUE THEN
						INSERT INTO model (bill, nth, raised_on, net, kept) SELECT i.bill, s, day, pg_temp.asks(i, s), i.owed - pg_temp.asks(i, s) FROM item AS i
						WHERE i.owed > 0 AND NOT i.held AND i.due_on < day AND i.done < s AND (s = 2 OR NOT i.automatic);
					END IF;
					EXIT;
				END IF;
			END IF;
			s := s - 1;
		END LOOP;
	END LOOP;
END
$$;

-- The lives: what happens between the runs, to both
CREATE FUNCTION pg_temp.happens(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	r record;
	b integer;
BEGIN
	FOR i IN 1 .. pg_temp.number() / 27 LOOP
		INSERT INTO public.payment SELECT p.id, day, p.amount / (1 + pg_temp.any_of(2)) FROM public.bill AS p WHERE p.id = 1 + pg_temp.any_of(pg_temp.number()) AND p.amount > 0 AND p.due_on < day + 5
			AND NOT EXISTS (SELECT FROM public.payment AS q WHERE q.bill = p.id);
	END LOOP;
	INSERT INTO public.payment SELECT p.bill, day, - p.amount FROM public.payment AS p GROUP BY p.bill, p.amount HAVING count(*) = 1 AND p.amount > 0 AND random() < 0.05 AND max(p.paid_on) < day;
	FOR i IN 1 .. pg_temp.number() / 220 + 1 LOOP
		b := 1 + pg_temp.any_of(pg_temp.number());
		CONTINUE WHEN EXISTS (SELECT FROM stop AS s WHERE s.bill = b);
		INSERT INTO stop VALUES (b, day, day + 9, pg_temp.any_of(2) = 0);
		PERFORM dunning.hold_item('bill', b::text, CASE WHEN s.machines THEN 'machines' ELSE 'manual' END, from_day => day, until_day => day + 9) FROM stop AS s WHERE s.bill = b;
	END LOOP;
	-- amounts, one of an item at a time from machines and one from all
	FOR i IN 1 .. pg_temp.number() / 30 + 1 LOOP
		b := 1 + pg_temp.any_of(pg_temp.number());
		CONTINUE WHEN 25 > (SELECT p.amount - coalesce((SELECT sum(q.amount) FROM public.payment AS q WHERE q.bill = p.id), 0) FROM public.bill AS p WHERE p.id = b)
			OR EXISTS (SELECT FROM stop AS s WHERE s.bill = b AND s.last_day >= day);
		INSERT INTO stop VALUES (b, day, day + 5 + pg_temp.any_of(10), pg_temp.any_of(4) > 0, 25 - 5 * pg_temp.any_of(2));
		PERFORM dunning.hold_item('bill', b::text, CASE WHEN s.machines THEN 'machines' ELSE 'manual' END, from_day => day, until_day => s.last_day, amount => s.amount)
		FROM stop AS s WHERE s.bill = b AND s.from_day = day;
	END LOOP;
	-- what is sent is that of some customers
	FOR r IN SELECT m.reminder, m.item::text::integer AS bill, m.level FROM dunning.reminder AS m WHERE m.state = 'pending' AND m.customer::text::integer % 3 = (day - date '2026-01-01') % 3 ORDER BY 1 LOOP
		PERFORM dunning.mark_reminder_sent(r.reminder, day);
		UPDATE model AS m SET sent_on = day WHERE m.bill = r.bill AND m.nth = r.level AND m.ended_on IS NULL;
	END LOOP;
END
$$;
SELECT string_agg(format('UPDATE dunning.procedure AS p SET procedure = t.text::dunning.dunning_procedure FROM text_of AS t WHERE t.name = p.name AND t.from_day BETWEEN %2$L AND %1$L; SELECT pg_temp.happens(%1$L); SELECT dunning.run_reminders(%1$L); SELECT pg_temp.model_run(%1$L)', date '2026-01-05' + d, date '2026-01-05' + before + 1), '; ' ORDER BY d) AS days
FROM (SELECT d, lag(d, 1, d) OVER (ORDER BY d) AS before FROM unnest(ARRAY[0, 3, 6, 7, 8, 12, 15, 16, 20, 23, 27, 31, 32, 36, 41, 47]) AS d) AS d \gset
:days \g /dev/null

CREATE TEMP VIEW written AS SELECT r.item::text::integer AS bill, r.level AS nth, r.raised_on, r.open_amount - r.held_amount AS net, r.held_amount AS kept, r.sent_on, r.cancelled_on AS ended_on FROM dunning.reminder AS r;
SELECT is_empty('SELECT * FROM written EXCEPT ALL SELECT * FROM model ORDER BY 1, 3', 'the runs wrote nothing that the model does not say');
SELECT is_empty('SELECT * FROM model EXCEPT ALL SELECT * FROM written ORDER BY 1, 3', 'and all that it says');
SELECT cmp_ok((SELECT count(*) FROM written), '>', 150::bigint, 'many reminders');
SELECT cmp_ok((SELECT count(*) FROM written WHERE ended_on IS NOT NULL), '>', 10::bigint, 'some of them withdrawn');
SELECT cmp_ok((SELECT count(*) FROM dunning.reminder WHERE reason = 'its step of the procedure was changed'), '>', 1::bigint, 'also for the change of the procedure');
SELECT cmp_ok((SELECT count(*) FROM stop WHERE machines = what AND (amount IS NOT NULL) = amounts), '>', least, format('holds from %s of %s', CASE WHEN what THEN 'machines' ELSE 'all' END, CASE WHEN amounts THEN 'amounts' ELSE 'items' END))
FROM (VALUES (true, true, 20::bigint), (true, false, 3), (false, true, 5), (false, false, 3)) AS v (what, amounts, least);
SELECT cmp_ok((SELECT count(*) FROM model AS m JOIN stop AS s ON s.bill = m.bill AND m.raised_on BETWEEN s.from_day AND s.last_day WHERE s.machines AND s.amount IS NOT NULL AND m.nth = 2), '>', 2::bigint, 'a person asks for more');

-- The replay of each customer says the same, from what was known on several days, and so it does of a procedure by another name
CREATE FUNCTION pg_temp.kept(bill integer, by_hand boolean) RETURNS dunning.balance_history LANGUAGE sql AS $$
	SELECT coalesce(dunning.balance_history(m.amount, m.on_day), '{}') FROM stop AS s CROSS JOIN LATERAL (VALUES (- s.amount, s.from_day), (s.amount, s.last_day + 1)) AS m (amount, on_day)
	WHERE s.bill = kept.bill AND s.amount IS NOT NULL AND NOT (by_hand AND s.machines) $$;
CREATE TEMP TABLE life AS
	SELECT b.client, min(b.own) AS own, array_agg(b.id ORDER BY b.id) AS bills, array_agg(b.due_on ORDER BY b.id) AS due_on, array_agg(dunning.item_history('bill', dunning.item_key(b.id)) ORDER BY b.id) AS facts,
		array_agg(dunning.movement(b.amount, '2025-12-01') + coalesce((SELECT dunning.balance_history(-p.amount, p.paid_on) FROM public.payment AS p WHERE p.bill = b.id), '{}') ORDER BY b.id) AS balance,
		array_agg(pg_temp.kept(b.id, false) ORDER BY b.id) AS kept, array_agg(pg_temp.kept(b.id, true) ORDER BY b.id) AS kept_by_hand
	FROM public.bill AS b GROUP BY b.client;
CREATE TEMP VIEW events AS
	SELECT bill, nth, raised_on AS on_day, 'raised' AS event FROM model
	UNION ALL
	SELECT r.item::text::integer, r.level, r.cancelled_on, 'withdrawn' FROM dunning.reminder AS r WHERE r.withdrawn;
CREATE FUNCTION pg_temp.replayed(from_day date) RETURNS TABLE (bill integer, nth integer, on_day date, event text) LANGUAGE sql AS $$
	-- a step that the procedure has no more has no level
	SELECT l.bills[r.nth], CASE r.step WHEN '5' THEN 1 WHEN '20' THEN 3 ELSE 2 END, r.on_day, r.event
	FROM life AS l JOIN text_of AS p ON p.name = l.own AND p.from_day = '-infinity' JOIN text_of AS q ON q.name = l.own AND q.from_day > '-infinity'
	CROSS JOIN LATERAL (SELECT array_agg(b + k ORDER BY n) AS asked, array_agg(b + h ORDER BY n) AS by_hand FROM unnest(l.balance, l.kept, l.kept_by_hand) WITH ORDINALITY AS u (b, k, h, n)) AS a
	CROSS JOIN LATERAL dunning.replay_customer(p.text::dunning.dunning_procedure, replayed.from_day, '2026-02-28', l.due_on, l.facts, l.balance, a.asked, currency => 'EUR', by_hand => a.by_hand,
		procedures => ARRAY[q.text::dunning.dunning_procedure], changed_on => ARRAY[q.from_day], run_days => (SELECT array_agg(DISTINCT g.as_of) FROM dunning.run_log AS g)) AS r $$;
SELECT bag_eq(format('SELECT * FROM events WHERE on_day >= %L', day), format('SELECT * FROM pg_temp.replayed(%L)', day), format('what was raised and withdrawn is what replay_customer says, from %s', day))
FROM unnest('{2026-01-01,2026-01-12,2026-02-01}'::date[]) AS day;

SELECT * FROM finish();
