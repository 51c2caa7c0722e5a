-- What dunning.tonight shows is what the run does, over random books: procedures by item and
-- by customer, rejected payments, holds, promises, plans, assignments, nights without a run.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SET dunning.time_zone = 'UTC';
SELECT no_plan();

-- the real day goes by
CREATE TABLE public.clock AS SELECT date '2026-03-01' AS day;
CREATE OR REPLACE FUNCTION _dunning.real_day() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT day FROM public.clock';
CREATE TABLE public.bill (id integer PRIMARY KEY, client integer NOT NULL, due_on date NOT NULL, amount numeric NOT NULL, own text, class text);
CREATE TABLE public.payment (bill integer, paid_on date, amount numeric, code text);
CREATE INDEX ON public.payment (bill);
CREATE FUNCTION pg_temp.any_of(n integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT floor(random() * n)::integer';
INSERT INTO dunning.procedure (name, procedure) VALUES
	('item', '-2 email; 4 email; 9 letter min 60 EUR; 14 phone manual repeat 6; reject 0 phone manual; reject 0 task; reject 2 email; reject ac04 0 email; reject ac04 0 letter; wait 1'),
	('jump', '4 email; 9 letter; 14 phone; reject 1 phone; reject 1 task; wait 1; mode jump'),
	('highest', '4 email; 9 letter min 100 EUR; 14 phone; reject 0 phone; reject 0 task manual; wait 3; by customer'),
	('each', '4 email; 9 letter min 100 EUR; 14 phone; reject 0 phone; wait 3; by customer; level each');
SELECT setseed(0.13) \g /dev/null
INSERT INTO public.bill SELECT k, k % 20, date '2026-03-01' + pg_temp.any_of(25), CASE WHEN pg_temp.any_of(12) = 0 THEN -40 ELSE 30 + 10 * pg_temp.any_of(10) END,
	CASE WHEN k % 20 < 14 THEN (ARRAY['item', 'jump', 'highest', 'each'])[1 + k % 4] END, CASE k % 3 WHEN 0 THEN 'key' END FROM generate_series(1, 80) AS k;
SELECT dunning.adopt('public.bill', procedure => 'item', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "amount": "amount", "procedure": "own", "class": "class", "currency": "EUR",
	"payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount", "reject_code": "code"}}') \g /dev/null

CREATE FUNCTION pg_temp.happens(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	r record;
	k integer;
BEGIN
	FOR i IN 1 .. 3 LOOP
		k := 1 + pg_temp.any_of(80);
		INSERT INTO public.payment SELECT k, day, b.amount / (1 + pg_temp.any_of(2)) FROM public.bill AS b WHERE b.id = k AND b.amount > 0;
		-- a payment comes back, by the bank or by mistake; or a direct debit was never booked
		k := 1 + pg_temp.any_of(80);
		INSERT INTO public.payment SELECT p.bill, day, - p.amount, (ARRAY['AC04', 'AM04', NULL])[1 + pg_temp.any_of(3)] FROM public.payment AS p WHERE p.bill = k AND p.amount > 0
			AND NOT EXISTS (SELECT FROM public.payment AS q WHERE q.bill = k AND q.amount < 0) LIMIT 1;
		INSERT INTO public.payment VALUES (1 + pg_temp.any_of(80), day, 0, (ARRAY['AC04', 'AM04'])[1 + pg_temp.any_of(2)]);
	END LOOP;
	k := 1 + pg_temp.any_of(80);
	CASE pg_temp.any_of(8)
		WHEN 0 THEN PERFORM dunning.hold_item('bill', k::text, 'manual', until_day => day + pg_temp.any_of(6));
		WHEN 1 THEN PERFORM dunning.hold_item('bill', k::text, 'dispute', part => 1, amount => 20, until_day => day + 5) WHERE EXISTS (SELECT FROM dunning.open_items(day) AS o WHERE o.item = k::text AND abs(o.open_amount) >= 20);
		WHEN 2 THEN PERFORM dunning.hold_customer('bill', (k % 20)::text, 'deferral', until_day => day + 3);
		WHEN 3 THEN PERFORM dunning.assign('bill', 'procedure', (ARRAY['item', 'jump', 'highest'])[1 + pg_temp.any_of(3)], customer => dunning.item_key((14 + k % 6)::text));
		WHEN 4 THEN PERFORM dunning.assign('bill', 'procedure', 'jump', class => 'key');
		WHEN 5 THEN PERFORM dunning.promise_to_pay('bill', (k % 20)::text, 30, day + 3);
		ELSE NULL;
	END CASE;
	k := 1 + pg_temp.any_of(80);
	BEGIN
		PERFORM dunning.agree_plan('bill', ARRAY[k::text]::dunning.item_key[], day + 2, 2, every_months => 0, every_days => 4);
	EXCEPTION WHEN object_not_in_prerequisite_state OR invalid_parameter_value OR no_data_found THEN
		NULL;
	END;
	FOR r IN SELECT m.reminder FROM dunning.reminder AS m WHERE m.state = 'pending' AND random() < 0.3 ORDER BY 1 LOOP
		PERFORM dunning.mark_reminder_sent(r.reminder);
	END LOOP;
END
$$;
CREATE TEMP TABLE shown (day date, event text, item text, part integer, step text, level integer, occurrence integer, channel text, label text, manual boolean, open_amount numeric, held_amount numeric, payer text, due_on date);
CREATE TEMP TABLE done (LIKE shown);
CREATE FUNCTION pg_temp.night(today date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	last bigint := (SELECT max(reminder) FROM dunning.reminder);
BEGIN
	UPDATE public.clock SET day = today;
	PERFORM pg_temp.happens(today);
	INSERT INTO shown SELECT today, t.event, t.item::text, t.part, t.step, t.level, t.occurrence, t.channel, t.label, t.manual, t.open_amount, t.held_amount, t.payer::text, t.due_on FROM dunning.tonight AS t;
	CREATE TEMP TABLE before ON COMMIT DROP AS SELECT reminder FROM dunning.reminder WHERE state = 'pending';
	PERFORM dunning.run_reminders();
	INSERT INTO done SELECT today, CASE WHEN r.reminder > coalesce(last, 0) THEN 'raise' ELSE 'withdraw' END, r.item::text, r.part, r.step, r.level, r.occurrence, r.channel, r.label, r.manual, r.open_amount,
		r.held_amount, r.payer::text, r.due_on
	FROM dunning.reminder AS r WHERE r.reminder > coalesce(last, 0) OR r.withdrawn AND r.reminder IN (SELECT b.reminder FROM before AS b);
	DROP TABLE before;
END
$$;
SELECT pg_temp.night(date '2026-03-03' + d) FROM unnest(ARRAY[1, 3, 6, 8, 9, 11, 12, 14, 16, 17, 20, 22]) AS d ORDER BY d \g /dev/null

SELECT is_empty('SELECT * FROM shown EXCEPT ALL SELECT * FROM done ORDER BY 1, 3', 'a run does all that tonight shows');
SELECT is_empty('SELECT * FROM done EXCEPT ALL SELECT * FROM shown ORDER BY 1, 3', 'and nothing else');
SELECT cmp_ok(n, '>', least::bigint, format('enough is there: %s', what))
FROM (SELECT 'raised', count(*), 100 FROM done WHERE event = 'raise'
	UNION ALL SELECT 'withdrawn', count(*), 20 FROM done WHERE event = 'withdraw'
	UNION ALL SELECT 'nights with several steps of a rejection', count(*), 10 FROM (SELECT FROM done WHERE event = 'raise' AND step ^@ 'reject' GROUP BY day, item HAVING count(*) > 1) AS s
	UNION ALL SELECT 'steps of rejections by customer', count(*), 3 FROM dunning.reminder AS r JOIN public.bill AS b ON b.id = r.item::text::integer WHERE r.step ^@ 'reject' AND b.own IN ('highest', 'each')
	UNION ALL SELECT 'by customer', count(*), 20 FROM dunning.reminder AS r WHERE r.by_customer
	UNION ALL SELECT 'plans that broke', count(*), 1 FROM dunning.plan WHERE ended_as = 'broken'
	UNION ALL SELECT 'promises', count(*), 0 FROM dunning.promise
	UNION ALL SELECT 'assignments', count(*), 1 FROM dunning.assignment) AS v (what, n, least);
SELECT is_empty($$ SELECT r.item, r.raised_on FROM dunning.reminder AS r GROUP BY r.item, r.raised_on HAVING bool_or(r.step ^@ 'reject') AND bool_or(NOT r.step ^@ 'reject') $$,
	'a day with the step of a rejection has none of the ladder');
SELECT is((SELECT count(*) FROM dunning.run_problem), 0::bigint, 'without a problem');
-- why tells all of them
INSERT INTO public.bill VALUES (900, 900, '2026-03-01', 100, 'item');
INSERT INTO public.payment VALUES (900, '2026-03-24', 0, 'AC04');
SET dunning.today = '2026-03-25';
SELECT results_eq(format('SELECT what FROM dunning.why(''bill'', ''900'', language => %L) WHERE about = ''state'' ORDER BY nth', language), ARRAY[a, b], language)
FROM (VALUES ('en', 'Step 8 is due since 24 March 2026: e-mail', 'On the same day, step 9: letter'), ('fr', 'Étape 8 à faire depuis le 24/03/2026 : e-mail', 'Le même jour, étape 9 : lettre')) AS v (language, a, b);

SELECT * FROM finish();
