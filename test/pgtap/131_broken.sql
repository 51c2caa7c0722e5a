-- Steps of promises and plans that broke: once for each, beside the ladder, by item and by customer.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SET dunning.time_zone = 'UTC';
SELECT no_plan();

CREATE TABLE public.bill (id integer PRIMARY KEY, client integer, due_on date, amount numeric, own text DEFAULT 'ours');
CREATE TABLE public.payment (bill integer, paid_on date, amount numeric);
CREATE INDEX ON public.payment (bill);
\set ours '5 email; 15 letter; broken promise 1 phone "Call" fee 7.50 EUR manual; broken plan 0 mail; wait 3'
INSERT INTO dunning.procedure (name, procedure) VALUES ('ours', :'ours'), ('whole', '5 email; 15 letter; broken 1 phone manual; wait 3; by customer');
SELECT is((SELECT procedure::text FROM dunning.procedure WHERE name = 'ours'), '5 email; 15 letter; broken promise 1 phone "Call" fee 7.50 EUR manual; broken plan 0 mail; wait 3', 'the procedure reads back');
SELECT results_eq($$ SELECT level, day, offset_days, channel, label, wait_days, step FROM dunning.steps((SELECT procedure FROM dunning.procedure WHERE name = 'ours')) WHERE level > 2 $$,
	$$ VALUES (3, 'broken promise 1', NULL::integer, 'phone', 'Call', NULL::integer, 'broken promise 1'), (4, 'broken plan 0', NULL, 'mail', NULL, NULL, 'broken plan 0') $$, 'its steps as rows');
SELECT is(_dunning.nothing_due(procedure, 'broken plan 0', 'mail', '2026-01-01', '2026-01-02'), false, 'such a step says nothing of the ladder') FROM dunning.procedure WHERE name = 'ours';
SELECT FROM dunning.adopt('public.bill', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "amount": "amount", "currency": "EUR", "procedure": "own",
	"payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount"}}') \g /dev/null
INSERT INTO public.bill (id, client, due_on, amount) SELECT k, k, '2026-01-01', 100 FROM generate_series(1, 10) AS k;
UPDATE public.bill SET client = 5, due_on = '2026-01-20' WHERE id = 6;
INSERT INTO public.bill (id, client, due_on, amount) VALUES (11, 11, '2026-01-01', 100), (12, 11, '2026-01-01', 100);
INSERT INTO public.bill VALUES (20, 20, '2026-01-01', 100, 'whole'), (21, 20, '2026-01-01', 100, 'whole'), (22, 22, '2026-01-01', 100, 'whole');
SELECT count(dunning.promise_to_pay('bill', NULL, amount, '2026-01-10', items => ARRAY[item]::dunning.item_key[], promised_on => '2026-01-03'))
FROM (VALUES ('1', 100), ('2', 100), ('3', 100), ('4', 60)) AS v (item, amount) \g /dev/null
SELECT dunning.promise_to_pay('bill', '5', 150, '2026-01-10', promised_on => '2026-01-03'), dunning.promise_to_pay('bill', '11', 200, '2026-01-10', promised_on => '2026-01-03'), dunning.promise_to_pay('bill', '20', 200, '2026-01-10', promised_on => '2026-01-03'),
	dunning.promise_to_pay('bill', '8', 100, '2026-01-05', promised_on => '2026-01-03'), dunning.agree_plan('bill', '{7}', '2026-01-08', 2, agreed_on => '2026-01-03', tolerance_days => 1) \g /dev/null
INSERT INTO public.payment VALUES (2, '2026-01-09', 100), (3, '2026-01-08', 40), (12, '2026-01-08', 100), (12, '2026-01-14', -100);

-- A run each night; what is raised goes out on its day, and calls two days later.
CREATE FUNCTION pg_temp.nights(first date, last date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	day date;
	r bigint;
BEGIN
	FOR day IN SELECT generate_series(first, last, '1 day')::date LOOP
		PERFORM dunning.run_reminders(day);
		FOR r IN SELECT m.reminder FROM dunning.reminder AS m WHERE m.state = 'pending' AND m.raised_on <= day - CASE WHEN m.manual THEN 2 ELSE 0 END LOOP
			PERFORM dunning.mark_reminder_sent(r, day);
		END LOOP;
	END LOOP;
END $$;
CREATE FUNCTION pg_temp.life(item text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', to_char(r.raised_on, 'MM-DD'), r.channel, CASE WHEN r.occurrence > 1 THEN r.occurrence END, r.fee, CASE WHEN r.state <> 'sent' THEN r.state END), ', ' ORDER BY r.raised_on, r.reminder)
	FROM dunning.reminder AS r WHERE r.item = life.item::dunning.item_key $$;
SELECT pg_temp.nights('2026-01-02', '2026-01-07');
SELECT dunning.promise_to_pay('bill', NULL, 100, '2026-01-10', items => '{8}', promised_on => '2026-01-08') \g /dev/null
SELECT pg_temp.nights('2026-01-08', '2026-01-23');
SELECT is(pg_temp.life(item), life, why) FROM (VALUES
	('9', '01-06 email, 01-16 letter', 'no promise'),
	('1', '01-11 email, 01-12 phone 7.50, 01-16 letter', 'a promise that broke: the call comes on the day after, once'),
	('2', NULL, 'a promise that was kept'),
	('3', '01-11 email, 01-12 phone 7.50, 01-16 letter', 'one that was kept in part'),
	('4', '01-06 email, 01-12 phone 7.50, 01-16 letter', 'one of an amount, beside which the rest was reminded'),
	('5', '01-11 email, 01-12 phone 7.50, 01-16 letter', 'one of a customer'),
	('6', NULL, 'which says nothing of what was not due'),
	('11', '01-11 email, 01-12 phone 7.50, 01-16 letter', 'of two items the one that was open'),
	('12', '01-14 email, 01-17 letter', 'and not the one whose payment came back later'),
	('7', '01-10 mail, 01-12 email, 01-16 letter', 'a plan that broke has another step; the ladder waits after its hold'),
	('8', '01-06 email, 01-07 phone 7.50 cancelled, 01-12 phone 2 7.50, 01-16 letter', 'who promises again and breaks that, too'),
	('20', '01-11 email, 01-12 phone, 01-16 letter', 'by customer'),
	('21', '01-11 email, 01-12 phone, 01-16 letter', 'all his items'),
	('22', '01-06 email, 01-16 letter', 'and nobody else')) AS v (item, life, why);
SELECT is((SELECT count(*) FROM dunning.run_problem), 0::bigint, 'no problem');
SELECT set_eq($$ SELECT item::text, reason, from_day, until_day, stops, released_on FROM dunning.hold WHERE reason ^@ 'broken' $$,
	$$ SELECT v.item, 'broken_' || v.what AS reason, v.day::date AS from_day, v.day::date AS until_day, 'none' AS stops, NULL::date AS released_on FROM (VALUES ('1', 'promise', '2026-01-11'), ('3', 'promise', '2026-01-11'), ('4', 'promise', '2026-01-11'), ('5', 'promise', '2026-01-11'), ('11', 'promise', '2026-01-11'),
		('7', 'plan', '2026-01-10'), ('8', 'promise', '2026-01-06'), ('8', 'promise', '2026-01-11'), ('20', 'promise', '2026-01-11'), ('21', 'promise', '2026-01-11')) AS v (item, what, day) $$, 'the facts');
-- the nights are the replay, by item and by customer
SELECT set_eq($$ SELECT r.item::text, r.raised_on, r.step, r.channel, r.occurrence FROM dunning.reminder AS r WHERE r.item NOT IN ('4', '20', '21', '22') $$,
	$$ SELECT i.item::text, p.on_day, p.step, p.channel, p.occurrence FROM dunning.ledger_items('2026-01-23') AS i CROSS JOIN LATERAL dunning.replay((SELECT procedure FROM dunning.procedure WHERE name = 'ours'), i.due_on,
		'2026-01-02', '2026-01-23', dunning.item_history('bill', i.item), i.history, currency => i.currency) AS p WHERE p.event = 'raised' AND i.item NOT IN ('4', '20', '21', '22') $$, 'what the nights raised is what replay says');
SELECT set_eq($$ SELECT r.item::text, r.raised_on, r.step, r.channel, r.occurrence FROM dunning.reminder AS r WHERE r.item IN ('20', '21') $$,
	$$ SELECT c.items[p.nth]::text, p.on_day, p.step, p.channel, p.occurrence FROM (SELECT array_agg(i.item) AS items, array_agg(i.due_on) AS due_on, array_agg(dunning.item_history('bill', i.item)) AS facts,
		array_agg(i.history) AS balance FROM dunning.ledger_items('2026-01-23') AS i WHERE i.item IN ('20', '21')) AS c
		CROSS JOIN LATERAL dunning.replay_customer((SELECT procedure FROM dunning.procedure WHERE name = 'whole'), '2026-01-02', '2026-01-23', c.due_on, c.facts, c.balance, currency => 'EUR') AS p
		WHERE p.event = 'raised' $$, 'by customer, too');
SELECT set_eq($$ SELECT channel, steps, items FROM dunning.back_test((SELECT procedure FROM dunning.procedure WHERE name = 'ours'), '2026-01-02', '2026-01-23', 'bill') WHERE channel IN ('phone', 'mail') $$,
	$$ VALUES ('phone', 9::bigint, 8::bigint), ('mail', 1, 1) $$, 'and the back-test');

SELECT results_eq($$ SELECT state, level, step, occurrence, channel, reason, reason_name, reason_on, changes_on FROM dunning.worklist_as_of('2026-01-11') WHERE item = '1' $$,
	$$ VALUES ('scheduled', 3, 'broken promise 1', 1, 'phone', 'broken', 'broken_promise', date '2026-01-11', date '2026-01-12') $$, 'the work list says which step and why');
SELECT is((SELECT string_agg(what, '; ' ORDER BY nth) FROM dunning.why('bill', '1', '2026-01-11') WHERE about IN ('state', 'reason')),
	'The next step is on 12 January 2026: step 3, telephone call "Call"; The step counts from 11 January 2026: broken promise', 'so does why');
SELECT is((SELECT string_agg(what, '; ' ORDER BY nth) FROM dunning.why('bill', '1', '2026-01-11', 'fr') WHERE about IN ('state', 'reason')),
	'Prochaine étape le 12/01/2026 : étape 3, appel téléphonique « Call »; L''étape compte à partir du 11/01/2026 : promesse non tenue', 'in French');

-- a payment that is loaded late keeps the promise after all
SELECT dunning.promise_to_pay('bill', NULL, 60, '2026-01-24', items => '{10}', promised_on => '2026-01-23') \g /dev/null
SELECT pg_temp.nights('2026-01-24', '2026-01-26');
SELECT is(pg_temp.life('10'), '01-06 email, 01-16 letter, 01-26 phone 7.50 pending', 'a call that waits');
INSERT INTO public.payment VALUES (10, '2026-01-24', 60);
SELECT pg_temp.nights('2026-01-27', '2026-01-28');
SELECT is(pg_temp.life('10'), '01-06 email, 01-16 letter, 01-26 phone 7.50 cancelled', 'is withdrawn, and no other comes');
SELECT is((SELECT reason FROM dunning.reminder WHERE item = '10' AND channel = 'phone'), 'the customer promised again, or kept his promise after all', 'with the reason');
SELECT results_eq($$ SELECT released_on - from_day, release_reason FROM dunning.hold WHERE item = '10' AND reason = 'broken_promise' $$, $$ VALUES (0, 'the promise was kept') $$, 'it had not been broken');

-- the next run is known before it
INSERT INTO public.bill (id, client, due_on, amount) SELECT k, k, _dunning.real_day() - 10, 100 FROM generate_series(30, 31) AS k;
SELECT dunning.promise_to_pay('bill', '30', 100, _dunning.real_day() - 2, promised_on => _dunning.real_day() - 9), dunning.agree_plan('bill', '{31}', _dunning.real_day() - 2, 2, agreed_on => _dunning.real_day() - 9) \g /dev/null
CREATE TEMP TABLE tonight AS SELECT item, step, channel, occurrence FROM dunning.tonight WHERE event = 'raise' AND item IN ('30', '31');
SELECT set_eq('SELECT item::text, step, channel, occurrence FROM tonight', $$ VALUES ('30', 'broken promise 1', 'phone', 1), ('31', 'broken plan 0', 'mail', 1) $$, 'tonight tells both steps');
SELECT is((SELECT regexp_replace(what, '[0-9]+ [A-Z][a-z]+ [0-9]+', 'DAY', 'g') FROM dunning.why('bill', '30') WHERE about = 'change'),
	'The promise has been broken since DAY: the next run notes it. Then: Step 3 is due since DAY: telephone call "Call"', 'and why');
SELECT is((SELECT regexp_replace(what, '[0-9]+/[0-9]+/[0-9]+', 'DAY', 'g') FROM dunning.why('bill', '30', language => 'fr') WHERE about = 'change'),
	'La promesse n''est pas tenue depuis le DAY : le prochain traitement le note. Ensuite : Étape 3 à faire depuis le DAY : appel téléphonique « Call »', 'in French');
SELECT dunning.run_reminders() \g /dev/null
SELECT set_eq($$ SELECT item::text, step, channel, occurrence FROM dunning.reminder WHERE item IN ('30', '31') $$, 'SELECT item::text, step, channel, occurrence FROM tonight', 'and that is what the run raises');
SELECT is(dunning.run_reminders(), 0, 'nothing twice');

-- who has no such step notes nothing
UPDATE dunning.procedure SET procedure = '5 email; 15 letter' WHERE name IN ('ours', 'whole');
INSERT INTO public.bill (id, client, due_on, amount) VALUES (40, 40, '2026-01-01', 100);
SELECT dunning.promise_to_pay('bill', '40', 100, '2026-01-28', promised_on => '2026-01-27') \g /dev/null
SELECT dunning.run_reminders('2026-01-29') \g /dev/null
SELECT is_empty($$ SELECT FROM dunning.hold WHERE item = '40' AND reason = 'broken_promise' $$, 'without such a step nothing is noted');

SELECT * FROM finish();
