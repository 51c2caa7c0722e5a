-- What a collector and whoever runs do beside the run: approve, reject, undo, look
-- at tonight's reminders, and ask why.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SELECT no_plan();
\ir try.psql
CREATE TABLE public.bill (id integer PRIMARY KEY, client integer, issued_on date, due_on date, amount numeric, disputed boolean, currency text DEFAULT 'EUR');
CREATE TABLE public.payment (bill integer, paid_on date, amount numeric);
CREATE INDEX ON public.payment (bill);
INSERT INTO dunning.procedure (name, procedure) VALUES ('ladder', '5 email "First"; 15 phone manual; 30 letter min 200 EUR; wait 3');
SELECT dunning.adopt('public.bill', procedure => 'ladder', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on",
	"amount": "amount", "disputed": "disputed", "currency": "currency", "payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount"}}') \g /dev/null
INSERT INTO public.bill (id, client, issued_on, due_on, amount) SELECT k, k, '2026-01-01', '2026-03-01', 100 FROM generate_series(1, 5) AS k;

-- why, day by day
CREATE FUNCTION pg_temp.why(day date, of_item text DEFAULT '1', language text DEFAULT 'en') RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(w.about || ' ' || coalesce(to_char(w.on_day, 'YYYY-MM-DD'), '-') || ' ' || w.what, '; ' ORDER BY w.part, w.nth) FROM dunning.why('bill', of_item::dunning.item_key, day, language) AS w $$;
SELECT is(pg_temp.why('2026-03-01'), 'state 2026-03-06 The next step is on 6 March 2026: step 1, e-mail "First"; reason 2026-03-01 The step counts from the due date, 1 March 2026; '
	'change 2026-03-06 If nothing happens, this changes on 6 March 2026', 'before the first step');
SELECT is(pg_temp.why('2026-03-06', language => 'fr'), 'state 2026-03-06 Étape 1 à faire depuis le 06/03/2026 : e-mail « First »; reason 2026-03-01 L''étape compte à partir de l''échéance du 01/03/2026', 'on its day, in French');
SELECT is(dunning.run_reminders('2026-03-06'), 5, 'a run');
SELECT dunning.mark_reminder_sent(reminder, '2026-03-07') FROM dunning.reminder WHERE item = '1' \g /dev/null
SELECT is(pg_temp.why('2026-03-06'), 'state 2026-03-16 The next step is on 16 March 2026: step 2, telephone call; reason 2026-03-01 The step counts from the due date, 1 March 2026; '
	'change 2026-03-16 If nothing happens, this changes on 16 March 2026; reminder 2026-03-06 Step 1, e-mail: to be sent', 'on the day of the run it was not sent yet');
SELECT is(pg_temp.why('2026-03-07', language => 'fr'), 'state 2026-03-16 Prochaine étape le 16/03/2026 : étape 2, appel téléphonique; reason 2026-03-01 L''étape compte à partir de l''échéance du 01/03/2026; '
	'change 2026-03-16 Si rien ne se passe, cela change le 16/03/2026; reminder 2026-03-07 Étape 1, e-mail : envoyée', 'the day after it was');
UPDATE public.bill SET disputed = true WHERE id = 2;
SELECT is(pg_temp.why('2026-03-08', '2'), 'state 2026-03-08 Reminders are stopped: In dispute by the ERP, and nobody said until when; reason 2026-03-08 The ERP does not say since when; '
	'reminder 2026-03-06 Step 1, e-mail: to be sent', 'a dispute');
-- an amount on hold, of one day
SELECT dunning.hold_item('bill', '5', 'manual', '2026-03-09', '2026-03-09', part => 1, amount => 30) > 0 \g /dev/null
SELECT is(pg_temp.why('2026-03-09', '5'), 'state 2026-03-16 The next step is on 16 March 2026: step 2, telephone call; reason 2026-03-01 The step counts from the due date, 1 March 2026; '
	'change 2026-03-16 If nothing happens, this changes on 16 March 2026; amount 2026-03-09 An amount is held: €30.00 (On hold) through 9 March 2026; reminder 2026-03-06 Step 1, e-mail: to be sent', 'an amount');
SELECT is((SELECT string_agg(to_char(w.on_day, 'DD ') || translate(w.what, U&'\00a0\202f', '  '), '; ') FROM dunning.why('bill', '5', '2026-03-09', 'fr') AS w WHERE w.about = 'amount'), '09 Montant suspendu : 30,00 € (Suspension manuelle) jusqu''au 09/03/2026 inclus', 'un montant');
SELECT is((SELECT count(*) FROM generate_series(date '2026-03-08', '2026-03-10', '1 day') AS d CROSS JOIN LATERAL dunning.why('bill', '5', d::date) AS w WHERE w.about = 'amount'), 1::bigint, 'only that day');
INSERT INTO public.payment VALUES (3, '2026-03-08', 100);
SELECT matches(pg_temp.why('2026-03-09', '3'), '^state - Nothing is open', 'what is paid');
SELECT matches(pg_temp.why('2026-04-20', '4'), '^state 2026-03-16 Step 2 is due since 16 March 2026: telephone call', 'a step that waits for somebody');
SELECT is(pg_temp.try('SELECT dunning.why(''bill'', ''99'')'), 'P0002: item "99" of ledger "bill" was not found | It is not in the ledger on that day, or the current user may not see it.', 'no such item');
SELECT is(pg_temp.try('SELECT dunning.why(''nope'', ''1'')'), '42704: ledger "nope" does not exist | SELECT ledger FROM dunning.ledger lists them.', 'no such ledger');
SELECT is(pg_temp.try('SELECT dunning.why(''bill'', ''1'', language => ''xx'')'), '22023: language "xx" is not known | Known are en and fr.', 'no such language');
UPDATE public.bill SET disputed = NULL;

SELECT is(dunning.run_reminders('2026-03-16'), 4, 'the second step');
SELECT set_eq('SELECT item::text, level FROM dunning.reminder WHERE raised_on = ''2026-03-16''', $$ VALUES ('1', 2), ('2', 2), ('4', 2), ('5', 2) $$, 'of what is open');
SELECT set_eq('SELECT item::text FROM dunning.reminder WHERE cancelled_on = ''2026-03-16''', ARRAY['3'], 'and withdraws what is paid');

-- manual steps
SELECT reminder AS one FROM dunning.reminder WHERE item = '1' AND level = 2 \gset
SELECT reminder AS two FROM dunning.reminder WHERE item = '2' AND level = 2 \gset
SELECT reminder AS email FROM dunning.reminder WHERE item = '4' AND level = 1 \gset
SELECT is(dunning.approve_reminder(:one), true, 'approved');
SELECT is(dunning.approve_reminder(:one), false, 'once');
SELECT is((SELECT concat_ws(' ', state, approved_at IS NOT NULL, approved_by = session_user) FROM dunning.to_send WHERE reminder = :one), 'pending t t', 'and says by whom');
SELECT is(pg_temp.try(format('SELECT dunning.reject_reminder(%s, %L)', :two, reason)), '22023: a reason is needed to skip a reminder | The history of an item has to say why a step counts that was not sent.', 'a rejection has a reason')
FROM (VALUES (NULL), (' ')) AS v (reason);
SELECT is(dunning.reject_reminder(:two, 'he called us'), true, 'rejected');
SELECT is((SELECT concat_ws(' ', state, reason = 'rejected by ' || session_user || ': he called us') FROM dunning.reminder WHERE reminder = :two), 'skipped t', 'it is skipped, and says by whom');
SELECT is(pg_temp.try(format('SELECT dunning.approve_reminder(%s)', :two)), format('55000: reminder %s is skipped | Only a pending reminder can be approved.', :two), 'and cannot be approved');
SELECT is(pg_temp.try(format('SELECT dunning.%s(%s%s)', verb, :email, argument)),
	format('55000: reminder %1$s is not manual | To keep it from being sent: SELECT dunning.skip_reminder(%1$s, ...).', :email), 'what is not manual is not for ' || verb)
FROM (VALUES ('approve_reminder', ''), ('reject_reminder', ', ''x''')) AS v (verb, argument);
SELECT is(pg_temp.try(format('SELECT dunning.%s(-1%s)', verb, argument)), 'P0002: reminder -1 does not exist', 'nor what is not there for ' || verb)
FROM (VALUES ('approve_reminder', ''), ('reject_reminder', ', ''x''')) AS v (verb, argument);

-- undo
SELECT run AS last_run FROM dunning.reminder WHERE reminder = :one \gset
SELECT is(dunning.mark_reminder_sent(:one, '2026-03-17'), true, 'one is sent');
SELECT is(dunning.undo_run(:last_run), 2, 'the run is undone');
SELECT is(dunning.undo_run(:last_run), 0, 'once');
SELECT set_eq(format('SELECT item::text, state, cancelled_on, reason ~ ''^run %1$s was undone by '' FROM dunning.reminder WHERE run = %1$s', :last_run),
	$$ VALUES ('1', 'sent', NULL::date, NULL::boolean), ('2', 'skipped', NULL, false), ('4', 'cancelled', date '2026-03-16', true), ('5', 'cancelled', '2026-03-16', true) $$,
	'what was sent or decided stays');
SELECT is(pg_temp.why('2026-03-16', '4'), 'state 2026-03-16 Step 2 is due since 16 March 2026: telephone call; reason 2026-03-01 The step counts from the due date, 1 March 2026; '
	'reminder 2026-03-06 Step 1, e-mail: to be sent; reminder 2026-03-16 Step 2, telephone call: cancelled (run ' || :last_run || ' was undone by ' || session_user || ')', 'as if it had not been');
SELECT is(dunning.run_reminders('2026-03-16'), 2, 'a run raises them again');
SELECT is(pg_temp.try('SELECT dunning.undo_run(-1)'), 'P0002: run -1 does not exist | SELECT * FROM dunning.run_log WHERE kind = ''reminders'' lists the runs.', 'no such run');
SELECT matches((SELECT note FROM dunning.run_log WHERE run = :last_run), '^undone by \w+: 2 reminder', 'the log says so');
SELECT is(pg_temp.try('SELECT dunning.undo_run(NULL)'), 'P0002: run <NULL> does not exist | SELECT * FROM dunning.run_log WHERE kind = ''reminders'' lists the runs.', 'nor NULL');

-- tonight is what the run of the real day does, and a sender sees what it leaves
CREATE TABLE public.now (id integer PRIMARY KEY, client integer, issued_on date, due_on date, amount numeric, disputed boolean, currency text DEFAULT 'EUR');
CREATE TABLE public.now_payment (now integer, paid_on date, amount numeric);
CREATE INDEX ON public.now_payment (now);
INSERT INTO public.now (id, client, issued_on, due_on, amount) SELECT k, k, _dunning.real_day() - 60, _dunning.real_day() - 10, 1000 FROM generate_series(1, 12) AS k;
SELECT dunning.adopt('public.now', procedure => 'ladder', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on",
	"amount": "amount", "disputed": "disputed", "currency": "currency", "payments": {"table": "now_payment", "item": "now", "date": "paid_on", "amount": "amount"}}') \g /dev/null
SELECT is(dunning.run_reminders(_dunning.real_day() - 1, 'now'), 12, 'all are pending');
SELECT is((SELECT count(*) FROM dunning.to_send WHERE ledger = 'now'), 12::bigint, 'and can be sent');
INSERT INTO public.now_payment VALUES (1, _dunning.real_day(), 1000), (2, _dunning.real_day(), 400);
UPDATE public.now SET disputed = true WHERE id = 3;
SELECT dunning.hold_item('now', '4', 'insolvency'), dunning.hold_item('now', '5', 'dispute', part => 1, amount => 300), dunning.hold_customer('now', '6', 'deferral', until_day => _dunning.real_day() + 5),
	dunning.hold_item('now', '7', 'dispute', part => 1, amount => 1000), dunning.release_hold(dunning.hold_item('now', '8', 'manual'), 'an error') \g /dev/null
UPDATE public.now SET due_on = due_on + 30 WHERE id = 9;
UPDATE public.now SET due_on = due_on - 1 WHERE id = 10;
SELECT set_eq($$ SELECT item::text FROM dunning.to_send WHERE ledger = 'now' $$, ARRAY['8', '11', '12'], 'what is paid, held or changed is not sent');
CREATE TEMP TABLE tonight AS SELECT event, item::text AS item, step, open_amount, held_amount FROM dunning.tonight WHERE ledger = 'now';
SELECT set_eq('SELECT * FROM tonight', $$ VALUES ('withdraw', '1', '5', 1000::numeric, 0::numeric), ('withdraw', '2', '5', 1000, 0), ('withdraw', '3', '5', 1000, 0), ('withdraw', '4', '5', 1000, 0),
	('withdraw', '5', '5', 1000, 0), ('withdraw', '6', '5', 1000, 0), ('withdraw', '7', '5', 1000, 0), ('withdraw', '9', '5', 1000, 0), ('withdraw', '10', '5', 1000, 0),
	('raise', '2', '5', 600, 0), ('raise', '5', '5', 1000, 300), ('raise', '10', '5', 1000, 0) $$, 'tonight');
SELECT results_eq($$ SELECT w.what FROM unnest('{en,fr}'::text[]) WITH ORDINALITY AS l (language, n) CROSS JOIN LATERAL dunning.why('now', '5', _dunning.real_day(), l.language) AS w WHERE w.about = 'reminder' ORDER BY l.n $$,
	$$ VALUES ('Step 1, e-mail: not right any more, the next run withdraws it and raises what is due'),
	('Étape 1, e-mail : n''est plus exacte, le prochain traitement la retire et refait ce qui est à faire') $$, 'why tells of what is pending and not right any more');
SELECT is((SELECT w.what FROM dunning.why('now', '8', _dunning.real_day()) AS w WHERE w.about = 'reminder'), 'Step 1, e-mail: to be sent', 'and of what is');
SELECT is(dunning.run_reminders(NULL, 'now'), 3, 'the run');
SELECT set_eq($$ SELECT 'withdraw', item::text, step, open_amount, held_amount FROM dunning.reminder WHERE ledger = 'now' AND cancelled_on = _dunning.real_day()
	UNION ALL SELECT 'raise', item::text, step, open_amount, held_amount FROM dunning.reminder WHERE ledger = 'now' AND raised_on = _dunning.real_day() $$, 'SELECT * FROM tonight', 'does just that');
SELECT set_eq($$ SELECT item::text, held_amount FROM dunning.to_send WHERE ledger = 'now' $$, $$ VALUES ('2', 0::numeric), ('5', 300), ('8', 0), ('10', 0), ('11', 0), ('12', 0) $$, 'and a sender sees the rest');
SELECT is_empty($$ SELECT FROM dunning.tonight WHERE ledger = 'now' $$, 'then there is nothing to do');
SELECT is((SELECT string_agg(w.what, '; ' ORDER BY w.nth) FROM dunning.why('now', '4', _dunning.real_day(), 'fr') AS w WHERE w.about = 'state'),
	'Relances suspendues : Procédure collective, sans fin prévue', 'why says the reason in words');
-- the session has planned what why reads of this ledger
CREATE FUNCTION pg_temp.state_of(of_item text) RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(' ', w.on_day, w.what) FROM dunning.why('now', of_item::dunning.item_key, _dunning.real_day()) AS w WHERE w.about = 'state' $$;
SELECT pg_temp.state_of('11') AS before \gset
SELECT dunning.adopt('public.now', columns => '{"due_on": "issued_on"}', replace => true) \g /dev/null
SELECT isnt(pg_temp.state_of('11'), :'before', 'a ledger that is adopted anew is read as it is adopted now');
SELECT dunning.adopt('public.now', columns => '{"due_on": "due_on"}', replace => true) \g /dev/null
SELECT is(pg_temp.state_of('11'), :'before', 'and as before, adopted as before');
-- a reason of one's own, without a word in French
INSERT INTO dunning.hold_reason (name, label_en) VALUES ('plain', 'Plain');
SELECT dunning.hold_item('now', '12', 'plain') AS hold, dunning.hold_item('now', '11', 'plain', amount => 5) AS part \gset
SELECT results_eq($$ SELECT translate(w.what, U&'\00a0\202f', '  ') FROM unnest('{11,12}'::text[]) AS i CROSS JOIN LATERAL dunning.why('now', i::dunning.item_key, _dunning.real_day(), 'fr') AS w
	WHERE w.about = 'amount' OR w.about = 'state' AND i = '12' ORDER BY i $$, $$ VALUES ('Montant suspendu : 5,00 € (Plain)'), ('Relances suspendues : Plain, sans fin prévue') $$, 'is called as in English');
SELECT dunning.release_holds(ARRAY[:hold, :part], 'an error') \g /dev/null
-- after a hold that begins the procedure again, nothing of before it is sent
INSERT INTO dunning.hold_reason (name, label_en, label_fr, stops, interest_runs, interest_claimed, counts_as_overdue, then_do) VALUES ('again', 'Again', 'Recommence', 'all', true, true, true, 'restart');
SELECT dunning.hold_item('now', '11', 'again', from_day => _dunning.real_day() - 1, until_day => _dunning.real_day() - 1) > 0 \g /dev/null
SELECT is_empty($$ SELECT FROM dunning.to_send WHERE ledger = 'now' AND item = '11' $$, 'not even what is pending');
SELECT is(dunning.run_reminders(NULL, 'now'), 1, 'the run begins again');
SELECT set_eq($$ SELECT step, occurrence, state FROM dunning.reminder WHERE ledger = 'now' AND item = '11' $$, $$ VALUES ('5', 1, 'cancelled'), ('5', 1, 'pending') $$, 'with one reminder');
SELECT is(dunning.run_reminders(NULL, 'now'), 0, 'once');
-- a run of a past day raises nothing before what was raised later
UPDATE dunning.procedure SET procedure = '1 sms; 5 email "First"; 15 phone manual; 30 letter min 200 EUR; wait 3' WHERE name = 'ladder';
SELECT dunning.run_reminders(_dunning.real_day() - 5, 'now') \g /dev/null
SELECT set_eq($$ SELECT item::text FROM dunning.reminder WHERE ledger = 'now' AND raised_on = _dunning.real_day() - 5 $$, ARRAY['1', '4', '6', '7'],
	'a run of the past raises what was not held then, and goes round what was raised later');
UPDATE dunning.procedure SET procedure = '5 email "First"; 15 phone manual; 30 letter min 200 EUR; wait 3' WHERE name = 'ladder';
SELECT matches(pg_temp.try($$ INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, channel, state, sent_on) VALUES ('now', '12', '9', 9, '2026-03-01', 'x', 'sent', 'infinity') $$),
	'^23514: ', 'no reminder was sent on a day that is none');
SELECT matches(pg_temp.try($$ INSERT INTO dunning.hold (ledger, company, reason, from_day, stops, then_do, interest_runs, interest_claimed, counts_as_overdue)
	VALUES ('now', 'A', 'manual', current_date, 'all', 'continue', true, true, true) $$), '^23514: ', 'a hold of a ledger is of no company');
SELECT dunning.release_ledger('now') \g /dev/null

-- a back-test, beside plain SQL: reminders of items that nobody had paid by the day of the step
CREATE TABLE public.old (id integer PRIMARY KEY, client integer, issued_on date, due_on date, amount numeric);
CREATE TABLE public.old_payment (old integer, paid_on date, amount numeric);
CREATE INDEX ON public.old_payment (old);
INSERT INTO public.old SELECT k, k % 50, d, d + 30, k FROM (SELECT k, date '2025-01-01' + k % 365 AS d FROM generate_series(1, 800) AS k) AS s;
INSERT INTO public.old_payment SELECT k, date '2025-01-31' + k % 365 + (k * 7) % 60, k FROM generate_series(1, 800) AS k WHERE k % 10 <> 0;
SELECT dunning.adopt('public.old', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on", "amount": "amount", "currency": "EUR",
	"payments": {"table": "old_payment", "item": "old", "date": "paid_on", "amount": "amount"}}') \g /dev/null
INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, state, sent_on, channel, currency, open_amount)
VALUES ('old', '10', '5', 1, '2025-06-30', 'sent', '2025-07-02', 'email', 'EUR', 10), ('old', '20', '5', 1, '2025-07-03', 'pending', NULL, 'email', 'EUR', 20);
SELECT dunning.hold_item('old', '30', 'manual', '2025-01-01', '2025-12-31') > 0 \g /dev/null
SELECT bag_eq('SELECT month, channel, steps, items, customers, amount FROM dunning.back_test(''5 email; 15 phone; 30 letter; wait 3'', ''2025-02-01'', ''2025-11-30'', ''old'') WHERE steps > 0', $$
	SELECT date_trunc('month', s.on_day)::date, s.channel, count(*) AS steps, count(*) AS items, count(DISTINCT s.client) AS customers, sum(s.amount)
	FROM (SELECT o.*, o.due_on + v.days AS on_day, v.channel FROM public.old AS o CROSS JOIN (VALUES (5, 'email'), (15, 'phone'), (30, 'letter')) AS v (days, channel)
		WHERE o.id <> 30 AND NOT EXISTS (SELECT FROM public.old_payment AS p WHERE p.old = o.id AND p.paid_on <= o.due_on + v.days)) AS s
	WHERE s.on_day BETWEEN '2025-02-01' AND '2025-11-30' GROUP BY 1, 2 $$, 'what another procedure would have sent');
SELECT is((SELECT sum(steps) FROM dunning.back_test('5 email', '2025-07-10', '2025-11-30', 'old')), (SELECT count(*)::numeric
	FROM public.old AS o CROSS JOIN LATERAL (SELECT greatest(date '2025-07-10', o.due_on + 5) AS day) AS d
	WHERE d.day <= '2025-11-30' AND o.id NOT IN (10, 20, 30)
		AND NOT EXISTS (SELECT FROM public.old_payment AS p WHERE p.old = o.id AND p.paid_on <= d.day)), 'what had the step before the first day does not have it again');
SELECT set_eq('SELECT month, channel, sent, sent_amount FROM dunning.back_test(''5 email'', ''2025-02-01'', ''2025-11-30'', ''old'') WHERE sent > 0',
	$$ VALUES (date '2025-07-01', 'email', 1::bigint, 10::numeric) $$, 'beside what was sent');
SELECT is(pg_temp.try(format('SELECT dunning.back_test(''5 email'', %L, %L, ''old'')', a, b)), format('22023: a back-test from %s to %s is not possible | Give a first day, and a last day that is not before it.', coalesce(a, 'NULL'), b), 'no such days')
FROM (VALUES ('2025-02-01', '2025-01-31'), (NULL, '2025-01-31'), ('-infinity', '2025-01-31')) AS v (a, b);
SELECT is(pg_temp.try('SELECT dunning.back_test(''5 email'', ''2025-02-01'', ''2025-11-30'', ''nope'')'), '42704: ledger "nope" does not exist | SELECT ledger FROM dunning.ledger lists them.', 'no such ledger');
SELECT * FROM finish();
