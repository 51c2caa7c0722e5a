-- Who may do and see what, and what a hostile user can prepare.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET dunning.today = '2026-03-20';
SELECT no_plan();

-- What a statement says to a role: its answer, or its SQLSTATE and message
CREATE FUNCTION pg_temp.as_role(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	EXECUTE statement INTO answer;
	RESET ROLE;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

DROP ROLE IF EXISTS dunning_nobody, dunning_reader, dunning_viewer, dunning_collector, dunning_runner, dunning_admin;
CREATE ROLE dunning_nobody;
CREATE ROLE dunning_viewer;
CREATE ROLE dunning_collector;
CREATE ROLE dunning_admin;
CREATE ROLE dunning_reader;
CREATE ROLE dunning_runner;
GRANT SELECT ON ALL TABLES IN SCHEMA dunning TO dunning_reader;
-- the grants that docs/operations.md says, as they stand there
\set recipe `awk '/^##/{here = /Who may do what$/} /^...$/{sql = 0} here && sql; /^...sql$/{sql = 1}' docs/operations.md`
SELECT is((SELECT count(*) FROM regexp_matches(:'recipe', 'grant_access\(''dunning_(viewer|collector|runner|admin)'', ''\1''', 'g')), 4::bigint, 'the guide says what to grant');
\o /dev/null
:recipe
\o
CREATE TABLE public.facture (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric);
INSERT INTO public.facture VALUES (1, 1, '2026-03-01', 10), (2, 1, '2026-03-01', 20), (3, 2, '2026-03-01', 30);
SELECT dunning.adopt('public.facture') \g /dev/null

--
-- A user without rights
--
SELECT matches(pg_temp.as_role('dunning_nobody', statement), '^42501: ', 'not for everybody: ' || statement)
FROM (VALUES
	('SELECT count(*) FROM dunning.worklist'),
	('SELECT count(*) FROM dunning.open_item'),
	('SELECT count(*) FROM dunning.reminder'),
	('SELECT count(*) FROM dunning.ledger'),
	('INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (''x'', ''2026-01-01'', 1)'),
	('UPDATE dunning.rule SET clauses = '''''),
	('DELETE FROM dunning.reminder'),
	('SELECT count(*) FROM dunning.adopt(''public.facture'', replace => true)'),
	('SELECT dunning.release_ledger(''facture'')'),
	('SELECT dunning.rebuild_ledgers()'),
	('SELECT dunning.run_reminders(dunning.today())'),
	('CALL dunning.run(dunning.today())'),
	('SELECT _dunning.run_lock()'),
	('SELECT dunning.settle_reminders(''facture'')'),
	('SELECT dunning.watch_ledger(''facture'')'),
	('SELECT count(*) FROM dunning.unseen_reminders(''facture'')'),
	('SELECT dunning.watch_table(''facture'', ''public.facture'', ''id'')'),
	('SELECT dunning.unwatch_ledger(''facture'')'),
	('SELECT count(*) FROM _dunning.watched'),
	('INSERT INTO _dunning.watched (ledger, relation, column_name, what) VALUES (''facture'', ''public.facture'', ''id'', ''item'')'),
	('SELECT dunning.mark_reminder_sent(1)'),
	('SELECT dunning.cancel_reminder(1, ''x'')'),
	('SELECT dunning.schedule_run()'),
	('SELECT dunning.unschedule_run()')) AS v (statement);
SELECT is(pg_temp.as_role('dunning_nobody', statement), answer, 'for everybody: ' || statement)
FROM (VALUES
	('SELECT dunning.today()', '2026-03-20'),
	('SELECT dunning.days_past_due(''2026-03-01'', ''2026-03-20'')', '19'),
	('SELECT dunning.is_overdue(''2026-03-01'', ''2026-03-20'')', 'true'),
	('SELECT dunning.item_status(10, ''2026-03-01'', ''2026-03-20'')', 'overdue'),
	('SELECT dunning.aging_bucket(''2026-03-01'', ''2026-03-20'', ''30,60'')', '1'),
	('SELECT dunning.late_interest(1000, ''2026-03-01'', ''2026-03-31'', ''10%'')', '8.22'),
	('SELECT (dunning.next_step(''5 email'', ''2026-03-01'', ''2026-03-20'')).state', 'due'),
	('SELECT dunning.total(dunning.aged_balance(3, date ''2026-03-01'', date ''2026-03-20'', ''30''))', '3'),
	('SELECT dunning.item_key(5)', '5'),
	('SELECT count(*) FROM dunning.steps(''5 email; 6 phone'')', '2')) AS v (statement, answer);
SELECT is(pg_temp.as_role('dunning_reader', 'SELECT count(*) FROM dunning.adopt(''public.facture'', replace => true)') ~ '^42501', true, 'who may read may not adopt');
SELECT is(pg_temp.as_role('dunning_runner', 'SELECT count(*) FROM dunning.adopt(''public.facture'', replace => true)'),
	'42501: permission denied for function adopt', 'nor may who runs');
SELECT is(pg_temp.as_role('dunning_runner', 'CREATE TEMP TABLE mine (id integer); CREATE TRIGGER mine AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION _dunning.watch(''facture'')'),
	'42501: permission denied for function _dunning.watch', 'or attach our triggers to a table of his own');
SELECT is((SELECT string_agg(p.oid::regprocedure::text, ', ') FROM pg_proc AS p WHERE p.pronamespace IN ('dunning'::regnamespace, '_dunning'::regnamespace) AND p.prorettype = 'trigger'::regtype
	AND has_function_privilege('dunning_runner', p.oid, 'EXECUTE') AND p.proname IN ('watch', 'stamp')), NULL, 'of which none is granted');
SELECT is((SELECT count(*) FROM dunning.ledger), 1::bigint, 'and the ledger is as it was');

--
-- Who reads the ledger needs the rights on its table
--
SELECT is(pg_temp.as_role('dunning_reader', format('SELECT count(*) FROM dunning.%s', relation)), '42501: permission denied for table facture', relation || ' without the table')
FROM (VALUES ('worklist'), ('open_item')) AS v (relation);
GRANT SELECT ON public.facture TO dunning_reader, dunning_runner;
SELECT is(pg_temp.as_role('dunning_reader', format('SELECT sum(open_amount) FROM dunning.%s', relation)), '60', relation || ' with the table')
FROM (VALUES ('worklist'), ('open_item')) AS v (relation);
ALTER TABLE public.facture ENABLE ROW LEVEL SECURITY;
CREATE POLICY first_client ON public.facture TO dunning_reader, dunning_runner USING (client_id = 1);
SELECT is(pg_temp.as_role('dunning_reader', format('SELECT sum(open_amount) FROM dunning.%s', relation)), '30', relation || ' under row-level security')
FROM (VALUES ('worklist'), ('open_item')) AS v (relation);
SELECT is(pg_temp.as_role('dunning_reader', 'SELECT count(*) FROM dunning.worklist WHERE item = ''3'''), '0', 'and no look-up gets around it');
SELECT is((SELECT sum(open_amount) FROM dunning.worklist), 60::numeric, 'the owner still sees all');

--
-- A run under row-level security raises and cancels nothing, since what it does
-- not see may be an item that is open, or a payment
--
SELECT is(dunning.run_reminders(dunning.today()), 3, 'the owner''s run raises all');
UPDATE public.facture SET solde = 0 WHERE id = 2;
INSERT INTO public.facture VALUES (4, 1, '2026-03-01', 40), (5, 2, '2026-03-01', 50);
SET ROLE dunning_runner;
CALL dunning.run(dunning.today());
RESET ROLE;
SELECT results_eq('SELECT item::text, state::text FROM dunning.reminder ORDER BY item',
	$$ VALUES ('1', 'pending'), ('2', 'pending'), ('3', 'pending') $$, 'the run of another under row-level security');
SELECT results_eq('SELECT raised, cancelled, problems FROM dunning.run_log ORDER BY run DESC LIMIT 1', 'VALUES (0, 0, 1)', 'as its log says');
SELECT is((SELECT array_agg(format('%s %L %s', ledger, item, message)) FROM dunning.run_problem),
	ARRAY['facture '''' row-level security on public.facture hides rows from role "dunning_runner", as which it is read'], 'and why');
SELECT is(pg_temp.as_role('dunning_runner', 'SELECT dunning.settle_reminders(''facture'', ''3'')'), '0', 'a hidden item is not settled');
SELECT is(dunning.run_reminders(dunning.today()), 2, 'the owner''s next run raises both');
SELECT is(pg_temp.as_role('dunning_runner', 'SELECT dunning.mark_reminder_sent(min(reminder)) FROM dunning.reminder WHERE item = ''4'''), 'true', 'who runs marks reminders as sent');
SELECT is(pg_temp.as_role('dunning_runner', 'SELECT dunning.cancel_reminder(min(reminder), ''by hand'') FROM dunning.reminder WHERE item = ''4'''), 'true', 'and cancels them');
SELECT is(pg_temp.as_role('dunning_runner', 'SELECT count(*) FROM dunning.claim_penalties()'), '0', 'and claims, of what is hidden nothing');
SELECT ok((SELECT bool_and(message ~ '^row-level security .* hides rows|^row-level security hides rows') FROM dunning.run_problem), 'which is said');
DELETE FROM dunning.run_problem;
SELECT is((SELECT count(*) FROM dunning.unseen_reminders('facture')), 0::bigint, 'the owner sees all items');
GRANT SELECT ON dunning.reminder TO dunning_runner;
SELECT is(pg_temp.as_role('dunning_runner', 'SELECT string_agg(item::text, '' '' ORDER BY item) FROM dunning.unseen_reminders(''facture'')'), '3 5', 'who is not to see all is told of what he does not see');
SET session_replication_role = replica; UPDATE dunning.reminder SET state = 'pending', cancelled_on = NULL, cancelled_at = NULL, reason = NULL, sent_on = NULL WHERE item = '4'; RESET session_replication_role;
SELECT is((SELECT array_agg(item::text) FROM dunning.reminder WHERE state = 'cancelled'), ARRAY['2'], 'and cancels what was paid');

-- the same through a view with the rights of who asks
SELECT dunning.release_ledger('facture') \g /dev/null
SET session_replication_role = replica; DELETE FROM dunning.reminder; RESET session_replication_role;
CREATE VIEW public.asked WITH (security_invoker = true) AS SELECT * FROM public.facture;
CREATE VIEW public.asked_again WITH (security_invoker = true) AS SELECT * FROM public.asked;
GRANT SELECT ON public.asked, public.asked_again TO dunning_runner;
SELECT dunning.adopt('public.asked_again', columns => '{"key": "id"}') \g /dev/null
SELECT is(dunning.run_reminders(dunning.today()), 4, 'the owner''s run over views raises all');
SELECT is(pg_temp.as_role('dunning_runner', 'SELECT dunning.run_reminders(dunning.today())'), '0', 'the run of another raises nothing more');
SELECT is((SELECT count(*) FROM dunning.reminder WHERE state = 'cancelled'), 0::bigint, 'and takes nothing hidden for settled');
SELECT dunning.release_ledger('asked_again') \g /dev/null
SET session_replication_role = replica; DELETE FROM dunning.reminder; RESET session_replication_role;
DROP VIEW public.asked_again, public.asked;
ALTER TABLE public.facture DISABLE ROW LEVEL SECURITY;
UPDATE public.facture SET solde = 10;

--
-- What the guide grants is all that a role needs to run, send and claim, and no
-- more.  One ledger is whole; in the other an item raises an error, so that its
-- items are read one by one, and none of its columns is known to be unique.
--
INSERT INTO dunning.procedure (name, procedure) VALUES ('ladder', '5 email fee 7.50 EUR; 15 letter');
INSERT INTO dunning.rule (name, rule) VALUES ('tenth', '10%; compensation 40.00 EUR');
CREATE TABLE public.bill (id integer PRIMARY KEY, client_id integer, due_on date, open_amount numeric, document integer, currency text);
INSERT INTO public.bill SELECT k, 1, '2026-03-01', 1000, 7, 'EUR' FROM generate_series(1, 5) AS k;
CREATE TABLE public.loose (id integer, client_id integer, due_on date, owed numeric, parts numeric, currency text);
INSERT INTO public.loose VALUES (1, 1, '2026-03-01', 1000, 1, 'EUR'), (2, 1, '2026-03-01', 1000, 1, 'EUR');
CREATE VIEW public.loose_bill AS SELECT id, client_id, due_on, owed / parts AS open_amount, currency FROM public.loose;
SELECT dunning.adopt('public.bill', rule => 'tenth', procedure => 'ladder', columns =>
	'{"key": "id", "customer": "client_id", "due_on": "due_on", "open_amount": "open_amount", "document": "document", "currency": "currency"}') \g /dev/null
SELECT dunning.adopt('public.loose_bill', rule => 'tenth', procedure => 'ladder', columns =>
	'{"key": "id", "customer": "client_id", "due_on": "due_on", "open_amount": "open_amount", "currency": "currency"}') \g /dev/null
UPDATE public.loose SET parts = 0 WHERE id = 2;
-- a watched one, whose run on the real day keeps an agenda
CREATE TABLE public.suivi (id integer PRIMARY KEY, client_id integer, due_on date, open_amount numeric, currency text);
INSERT INTO public.suivi SELECT k, 9, _dunning.real_day() - 6, 1000, 'EUR' FROM generate_series(1, 2) AS k;
SELECT dunning.adopt('public.suivi', rule => 'tenth', procedure => 'ladder', watch => true, columns =>
	'{"key": "id", "customer": "client_id", "due_on": "due_on", "open_amount": "open_amount", "currency": "currency"}') \g /dev/null
GRANT SELECT ON public.bill, public.loose_bill, public.suivi TO dunning_runner;
-- of another role, so that who runs by SET ROLE reads it in a restricted operation
ALTER TABLE public.loose OWNER TO dunning_nobody;
GRANT SELECT ON public.loose TO CURRENT_USER;
-- What a statement answers, or its error, after which the others go on
CREATE FUNCTION pg_temp.answer(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE statement INTO answer;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
-- All that the role does, on two days, and what its statements answer.  What
-- begins with UPDATE or DELETE is done by the ERP.  Nothing of it is left.
CREATE FUNCTION pg_temp.done(before text, statements text[]) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	answers text[] := '{}';
BEGIN
	EXECUTE before;
	FOREACH statement IN ARRAY statements LOOP
		IF statement ~ '^(UPDATE|DELETE)' THEN
			RESET ROLE;
			EXECUTE statement;
		ELSE
			SET LOCAL ROLE dunning_runner;
			answers := array_append(answers, coalesce(pg_temp.answer(statement), '-'));
			-- what is missing is known
			EXIT WHEN before <> 'SELECT 1' AND answers[cardinality(answers)] ~ 'permission denied';
		END IF;
	END LOOP;
	RAISE EXCEPTION '%', answers USING ERRCODE = 'ZZTRP';
EXCEPTION WHEN SQLSTATE 'ZZTRP' THEN
	RETURN SQLERRM::text[];
END $$;
CREATE FUNCTION pg_temp.two_days(before text DEFAULT 'SELECT 1') RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	statements CONSTANT text[] := ARRAY[
		'SELECT dunning.run_reminders(''2026-03-10'')',
		'SELECT dunning.mark_reminder_sent(reminder, ''2026-03-11'') FROM dunning.reminder WHERE ledger = ''bill'' AND item = ''1''',
		'SELECT dunning.skip_reminder(reminder, ''he was called'', ''2026-03-10'') FROM dunning.reminder WHERE ledger = ''bill'' AND item = ''3''',
		'SELECT dunning.cancel_reminder(reminder, ''by hand'', ''2026-03-10'') FROM dunning.reminder WHERE ledger = ''bill'' AND item = ''4''',
		'SELECT string_agg(item::text, '' '' ORDER BY item::text) FROM dunning.to_send WHERE ledger = ''bill''',
		'UPDATE public.bill SET open_amount = 0 WHERE id = 2',
		'DELETE FROM public.bill WHERE id = 5',
		'SELECT dunning.run_reminders(''2026-03-20'')',
		'SELECT string_agg(concat_ws('' '', item, level, state, reason), '', '' ORDER BY item::text, reminder)
			FROM dunning.reminder WHERE ledger = ''bill''',
		'SELECT string_agg(concat_ws('' '', ledger, nullif(item::text, ''''), message), '', '' ORDER BY ledger, item::text)
			FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)',
		'SELECT string_agg(item::text, '' '') FROM dunning.unseen_reminders(''bill'')',
		'UPDATE public.bill SET open_amount = 0 WHERE id = 4',
		'SELECT dunning.settle_reminders(''bill'', ''4'')',
		'SELECT string_agg(concat_ws('' '', item, last_step, state), '', '' ORDER BY item::text)
			FROM dunning.worklist WHERE ledger = ''bill''',
		'UPDATE dunning.procedure SET procedure = ''4 email fee 7.50 EUR; 15 letter'' WHERE name = ''ladder''',
		'SELECT string_agg(concat_ws('' '', ledger, kind, items, amount), '', '') FROM dunning.claim_penalties(''2026-03-20'')',
		'SELECT string_agg(concat_ws('' '', ledger, nullif(item::text, ''''), message), '', '' ORDER BY ledger, item::text)
			FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)',
		'SELECT dunning.set_claim_state(claim, ''claimed'') FROM dunning.claim WHERE kind = ''fee''',
		'SELECT sum(claimed) FROM dunning.claim_balance',
		'SELECT sum(open_amount) FROM dunning.open_item WHERE ledger = ''bill''',
		'SELECT dunning.approve_reminder(-1)',
		'SELECT dunning.reject_reminder(-1, ''x'')',
		'SELECT dunning.undo_run(-1)',
		'SELECT dunning.hold_item(''bill'', ''3'', ''dispute'', ''2026-03-20'', part => 1, amount => 5) > 0',
		'SELECT cardinality(dunning.hold_items(''bill'', ''{3,4}'', ''manual'', ''2026-03-20''))',
		'SELECT dunning.hold_customer(''bill'', ''1'', ''manual'', ''2026-03-20'', source => ''crm'', external_id => ''7'') > 0',
		'SELECT dunning.hold_customer(''bill'', ''1'', ''manual'', ''2026-03-20'', ''2099-12-31'', source => ''crm'', external_id => ''7'') > 0',
		'SELECT dunning.hold_ledger(''bill'', ''manual'', ''2026-03-20'') > 0',
		'SELECT dunning.resolve_dispute(min(hold), ''customer_wrong'', NULL, NULL, ''3'', NULL) FROM dunning.hold WHERE amount = 5',
		'SELECT dunning.release_hold(max(hold), ''over'') FROM dunning.hold',
		'SELECT dunning.write_off(''bill'', ''3'', ''small'', ''2026-03-20'') > 0',
		'SELECT dunning.release_holds(array_agg(hold), ''over'') FROM dunning.hold WHERE released_on IS NULL',
		'SELECT dunning.statements_loaded(''bill'', ''2026-03-20'') > 0',
		'SELECT (dunning.einvoice_event(''bill'', ''3'', ''208'', ''2026-03-20'', ''JUSTIF_ABS'', external_id => ''E1'')).done',
		'SELECT (dunning.einvoice_event(''bill'', ''3'', ''209'', ''2026-03-20'', external_id => ''E2'')).done',
		'SELECT (dunning.einvoice_event(''bill'', ''3'', ''211'', ''2026-03-20'', amount => 5, external_id => ''E3'')).promise > 0',
		'SELECT dunning.pay_held_amount(max(hold), 2, ''2026-03-21'') > 0 FROM dunning.hold WHERE amount = 5',
		'SELECT dunning.promise_to_pay(''bill'', ''1'', 10, ''2099-01-01'') > 0', 'SELECT dunning.promise_to_pay(''bill'', ''nobody'', 10, ''2099-01-01'') > 0',
		'SELECT dunning.withdraw_promise(max(promise), ''over'') FROM dunning.promise',
		'SELECT count(*) FROM dunning.promises(''2099-01-01'', ''bill'', ''1'')',
		'SELECT count(*) FROM dunning.promises_due(''2099-01-01'')',
		'SELECT dunning.agree_plan(''bill'', ''{3}'', ''2026-03-05'', 2, agreed_on => ''2026-03-01'') > 0',
		'SELECT count(*) FROM dunning.plans(''2026-03-20'', ''bill'', ''1'')',
		'SELECT count(*) FROM dunning.instalments_of_plans(''2026-03-20'')',
		'SELECT dunning.end_broken_plans()',
		'SELECT _dunning.note_broken(''promise'', -1, ''bill'', ''2026-03-05'', ''{3}'')',
		'SELECT dunning.run_reminders(''2026-03-20'', ''bill'')',
		'SELECT dunning.cancel_plan(max(plan), ''over'') FROM dunning.plan',
		'SELECT cardinality(dunning.hand_over(''bill'', ''{3}'', ''Recouvr'', ''agency''))',
		'SELECT dunning.note_handover_return(max(handover), 5) > 0 FROM dunning.handover',
		'SELECT dunning.recall_item(''bill'', ''3'', ''over'')',
		'SELECT dunning.recall_handover(max(handover), ''over'') FROM dunning.handover',
		'SELECT dunning.log_contact(''bill'', ''1'', ''call'', promised => 5, promised_for => ''2026-03-02'', on_day => ''2026-03-01'') > 0',
		'SELECT dunning.cancel_contact(max(contact), ''over'') FROM dunning.contact',
		'SELECT dunning.assign(''bill'', ''owner'', ''ann'', ''3'') > 0',
		'SELECT dunning.assign(''bill'', ''owner'', ''ann'', NULL, ''1'') > 0',
		'SELECT dunning.assign(''bill'', ''owner'', ''bob'', NULL::dunning.item_key, ''1'') > 0',
		'SELECT dunning.end_assignment(max(assignment), ''over'') FROM dunning.assignment',
		'SELECT dunning.note_absence(''ann'', ''2026-03-20'', ''2026-03-27'', ''bob'') > 0',
		'SELECT dunning.end_absence(max(absence), ''over'', ''2026-03-23'') FROM dunning.absence',
		'SELECT count(*) FROM dunning.insolvency(''1'', ''2026-03-05'', ledger => ''bill'')',
		'SELECT count(*) FROM dunning.insolvency(''1'', ''2026-03-05'', ''2026-03-06'', ''bill'')',
		'SELECT count(*) > 0 FROM dunning.insolvency_claims(''2026-03-20'', ''bill'', ''1'')',
		'SELECT count(*) > 0 FROM dunning.procedure_change(''standard'', ''6 email'')',
		'SELECT dunning.run_reminders(NULL, ''suivi'')',
		'UPDATE public.suivi SET due_on = due_on - 1',
		'SELECT dunning.run_reminders(NULL, ''suivi'')',
		'UPDATE dunning.procedure SET procedure = ''4 email; 15 letter; by customer'' WHERE name = ''ladder''',
		'SELECT dunning.run_reminders(NULL, ''suivi'')',
		'SELECT dunning.run_reminders(NULL, ''suivi'')',
		'SELECT dunning.make_notices(''suivi'')',
		'SELECT dunning.save_recipient(''suivi'', ''9'', email => ''compta@neuf.example'') > 0',
		'SELECT dunning.make_notices(''suivi'')',
		'SELECT count(*) FROM dunning.take_notices(''email'')',
		'SELECT count(f.item) FROM (SELECT max(notice) AS notice FROM dunning.notice) AS n LEFT JOIN LATERAL dunning.notice_files(n.notice) AS f ON true',
		'SELECT string_agg(concat_ws('' '', state, items, email, reason), '', '' ORDER BY notice) FROM dunning.notice',
		'SELECT dunning.notice_failed(max(notice), ''451 try later'') FROM dunning.notice',
		'SELECT dunning.notice_sent(max(notice)) FROM dunning.notice',
		'SELECT dunning.notice_presented(max(notice), _dunning.real_day()) FROM dunning.notice',
		'SELECT dunning.notice_returned(max(notice), ''550 unknown'') FROM dunning.notice',
		'SELECT dunning.withdraw_notice(min(notice), ''over'') FROM dunning.notice',
		'SELECT string_agg(concat_ws('' '', kind, items), '', '') FROM dunning.claim_penalties(NULL, ''suivi'')',
		'SELECT _dunning.run_lock()',
		'SELECT dunning.run_reminders(NULL, ''suivi'')',
		'SELECT refused ~ ''role ' || session_user || ''' FROM dunning.run_log ORDER BY run DESC LIMIT 1',
		'SELECT _dunning.run_unlock()',
		'CALL dunning.run(''2026-03-20'')',
		'SELECT dunning.schedule_run()',
		'SELECT dunning.unschedule_run()'];
	answers text[];
BEGIN
	-- most rights are needed by what takes no time, most of a run by that of the smallest ledger
	IF before <> 'SELECT 1' AND before !~ 'run_|agenda|notice|faults|payers|touched' THEN
		answers := pg_temp.done(before, ARRAY(SELECT s.statement FROM unnest(statements) WITH ORDINALITY AS s (statement, n)
			WHERE s.statement !~ 'run_reminders|undo|CALL|claim_penalties|worklist|^(UPDATE|DELETE)' OR s.statement ~ '-1' ORDER BY s.n));
	END IF;
	IF before <> 'SELECT 1' AND answers[cardinality(answers)] ~ 'permission denied' IS NOT TRUE THEN
		answers := pg_temp.done(before, ARRAY(SELECT s.statement FROM unnest(statements) WITH ORDINALITY AS s (statement, n)
			WHERE s.statement ~ 'suivi|notice|by customer|run_lock|_refused|CALL' ORDER BY s.n));
	END IF;
	RETURN CASE WHEN answers[cardinality(answers)] ~ 'permission denied' THEN answers ELSE pg_temp.done(before, statements) END;
END $$;
SET client_min_messages = error;
SELECT results_eq('SELECT unnest(pg_temp.two_days())', ARRAY[
	-- the first step of five items, and of the one that can be read
	'6', 'true', 'true', 'true', '2 5',
	-- the second steps of 1 and 3, the first of 4 again, the second of the one that can be read
	'4', '1 1 sent, 1 2 pending, 2 1 cancelled no longer open, 3 1 skipped he was called, 3 2 pending, '
		'4 1 cancelled by hand, 4 1 pending, 5 1 pending',
	'bill pending reminders of items that were not found are neither sent nor withdrawn, such as 5: SELECT * FROM dunning.unseen_reminders(''bill''), loose_bill 2 division by zero',
	'5', '1', '1 15 exhausted, 3 15 exhausted',
	-- 1000 * 10% * 19 / 365 = 5.21, of two items and of one; a document owes its compensation once
	'bill interest 2 10.42, bill fee 1 7.50, bill compensation 1 40.00, '
		'loose_bill interest 1 5.21, loose_bill compensation 1 40.00',
	'loose_bill 2 division by zero', 'true', '7.50', '2000',
	'P0002: reminder -1 does not exist', 'P0002: reminder -1 does not exist', 'P0002: run -1 does not exist',
	-- what is held, written off, said by the platform of e-invoices, promised, agreed, handed over and said
	'true', '2', 'true', 'true', 'true', 'true', 'true', 'true', '4', 'true', 'held', 'released', 'true', 'true',
	-- two promises: that of state 211, and the one that was withdrawn
	'true', '42704: customer "nobody" has no item in ledger "bill"', 'true', '2', '0', 'true', '1', '2', '0', '1', '0', 'true', '1', 'true', 'true', 'false', 'true', 'true',
	-- assignments and an absence
	'true', 'true', 'true', 'true', 'true', 'true',
	'1', '1', 'true', 'false',
	-- the two of the watched ledger; anew once they are due on another day, and once they are of the customer
	'2', '2', '2', '0',
	-- one message, which waits for an address
	'1', 'true', '1', '1', '0', 'withdrawn the recipient can be reached now, taken 2 compta@neuf.example', 'waiting', 'true', 'true', 'true', 'false',
	'interest 2, compensation 2', 'true', '0', 'true', '', '2D000: invalid transaction termination',
	'55000: pg_cron is not installed in this database', '55000: pg_cron is not installed in this database'],
	'who is granted what the guide says runs, sends, skips, cancels, confirms and claims');
-- what a role is granted; of some columns of a table what REVOKE takes of all
CREATE FUNCTION pg_temp.granted(role regrole) RETURNS TABLE (object text, privilege text, of_what text) LANGUAGE sql AS $$
	SELECT p.proname::text, 'EXECUTE', format('ROUTINE %s', p.oid::regprocedure)
	FROM pg_proc AS p CROSS JOIN LATERAL aclexplode(p.proacl) AS a
	WHERE p.pronamespace IN ('dunning'::regnamespace, '_dunning'::regnamespace) AND a.grantee = role
	UNION
	SELECT c.relname, a.privilege_type, format('TABLE %s', c.oid::regclass)
	FROM pg_class AS c LEFT JOIN pg_attribute AS t ON t.attrelid = c.oid AND t.attacl IS NOT NULL
	CROSS JOIN LATERAL aclexplode(c.relacl || t.attacl) AS a
	WHERE c.relnamespace IN ('dunning'::regnamespace, '_dunning'::regnamespace) AND a.grantee = role
$$;
CREATE TEMP TABLE granted AS SELECT * FROM pg_temp.granted('dunning_runner') EXCEPT SELECT * FROM pg_temp.granted('dunning_viewer');
SELECT cmp_ok((SELECT count(*) FROM granted), '>', 0::bigint, 'it is granted to the role itself');
SELECT matches(array_to_string(pg_temp.two_days(format('REVOKE %s ON %s FROM dunning_runner', privilege, of_what)), ' | '),
	format('permission denied for \w+ %s\M', object), format('and is no more than it needs: %s on %s', privilege, of_what))
FROM granted WHERE object <> 'to_send' ORDER BY object, privilege;
SELECT dunning.release_ledger('suivi') \g /dev/null
-- the procedure commits, so it is called by itself
SET ROLE dunning_runner;
CALL dunning.run('2026-03-10');
SET client_min_messages = warning;
RESET ROLE;
SELECT results_eq('SELECT ledger, item::text, level, state::text FROM dunning.reminder ORDER BY 1, 2',
	$$ VALUES ('bill'::name, '1', 1, 'pending'), ('bill', '2', 1, 'pending'), ('bill', '3', 1, 'pending'), ('bill', '4', 1, 'pending'),
		('bill', '5', 1, 'pending'), ('loose_bill', '1', 1, 'pending') $$,
	'and its run raises what is due');
-- what the guide grants to who only reads
GRANT SELECT ON public.bill, public.loose_bill TO dunning_viewer, dunning_collector;
UPDATE public.loose SET parts = 1;
SELECT is(pg_temp.as_role('dunning_viewer', 'SELECT count(w) FROM dunning.worklist AS w'), '7', 'a viewer reads the work list');
SELECT is(pg_temp.as_role('dunning_viewer', format('SELECT count(*) >= 0 FROM %s', m.relation)), 'true', 'a viewer reads ' || m.relation)
FROM (SELECT c.oid::regclass AS relation FROM pg_class AS c
	WHERE c.relnamespace IN ('dunning'::regnamespace, '_dunning'::regnamespace) AND c.relkind IN ('r', 'v') AND c.oid <> ALL ('{dunning.archive,_dunning.statement_end,_dunning.touched,_dunning.agenda,_dunning.agenda_state,_dunning.run_item}'::regclass[])) AS m ORDER BY m.relation::text;
UPDATE public.loose SET parts = 0 WHERE id = 2;
SELECT dunning.promise_to_pay('bill', '1', 10, '2099-01-01', holds => false), dunning.log_contact('bill', '1', 'call', next_on => '2026-03-20', on_day => '2026-03-19') \g /dev/null
CREATE FUNCTION pg_temp.looked_at(before text DEFAULT 'SELECT 1') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	answers text := '';
BEGIN
	EXECUTE before;
	SET LOCAL ROLE dunning_viewer;
	FOREACH statement IN ARRAY ARRAY[
		'SELECT string_agg(concat_ws('' '', ledger, problem), '', '') FROM dunning.check_ledgers()',
		'SELECT string_agg(concat_ws('' '', ledger, problem, detail), '', '') FROM dunning.ledger_problems()',
		'SELECT count(*) FROM dunning.unseen_reminders(''bill'')',
		'SELECT count(*) FROM dunning.unseen_reminders(''loose_bill'')',
		'SELECT count(*) FROM dunning.detect_erp()',
		'SELECT count(*) FROM dunning.to_report_cashed(ledger => ''bill'')',
		'SELECT string_agg(problem, '', '') FROM dunning.promises(''2099-01-01'', ''bill'', ''1'')', 'SELECT count(*) FROM dunning.promises_due(''2099-01-01'')', 'SELECT count(*) FROM _dunning.broken_promises(''2099-01-01'', ''bill'')',
		'SELECT count(*) FROM dunning.plans(''2099-01-01'', ''bill'', ''1'')', 'SELECT count(*) FROM dunning.instalments_of_plans()',
		'SELECT count(*) FROM dunning.contact_log(''bill'', ''1'')', 'SELECT count(*) FROM dunning.contact_gaps(''bill'')', 'SELECT count(*) FROM dunning.tonight_notices(''bill'')',
		'SELECT string_agg(coalesce(problem, why), '', '') FROM dunning.call_list(as_of => ''2026-03-20'', ledger => ''bill'')',
		'SELECT count(*) FROM dunning.my_day(as_of => ''2026-03-20'')', 'SELECT count(*) FROM dunning.top_customers()', 'SELECT count(*) FROM dunning.insurer_declarations()', 'SELECT subject FROM dunning.plan_confirmation(-1)', 'SELECT count(*) FROM dunning.why(''bill'', ''1'')',
		'SELECT dunning.case_file(''bill'', ''nobody'')', 'SELECT length(dunning.case_page(''bill'', ''1'')) > 0',
		'SELECT dunning.statement(''bill'', ''nobody'', ''2026-01-01'')', 'SELECT length(dunning.statement_page(''bill'', ''1'', ''2026-01-01'')) > 0',
		'SELECT dunning.notice_context(''bill'', ''1'') #>> ''{totals,raw,open_amount}''',
		'SELECT count(*) FROM dunning.insolvency_claims(''2099-01-01'', ''bill'', ''1'')', 'SELECT string_agg(problem, '', '') FROM dunning.procedure_change(''ladder'', ''6 email'')',
		'SELECT count(*) FROM dunning.back_test(''5 email'', ''2026-01-01'', ''2026-03-01'', ''bill'')',
		'SELECT count(*) FROM dunning.payer_profile(''bill'', ''1'')', 'SELECT count(*) FROM dunning.warning_signs(ledger => ''bill'')', 'SELECT count(*) FROM dunning.warning_signs(NULL, ''bill'', ''1''::text)',
		'SELECT count(*) FROM dunning.process_figures(''2026-01-01'', ledger => ''bill'')', 'SELECT dunning.make_report(NULL)', 'SELECT dunning.publish_report(NULL, NULL)', 'SELECT * FROM dunning.refresh_reports()',
		'SELECT length(dunning.dashboard(ledger => ''bill'')) > 0',
		'SELECT string_agg(concat_ws('' '', topic, ledger, finding), '', '') FROM dunning.health()'] LOOP
		answers := concat_ws(' | ', nullif(answers, ''), pg_temp.answer(statement));
		-- what is missing is known
		EXIT WHEN before <> 'SELECT 1' AND answers ~ 'permission denied';
	END LOOP;
	RAISE EXCEPTION '%', answers USING ERRCODE = 'ZZTRP';
EXCEPTION WHEN SQLSTATE 'ZZTRP' THEN
	RETURN SQLERRM;
END $$;
SELECT unalike(pg_temp.looked_at(), '%permission denied%', 'and calls what only looks');
SELECT matches(pg_temp.looked_at(format('REVOKE %s ON %s FROM dunning_viewer', privilege, of_what)),
	format('permission denied for \w+ %s\M', object), format('for which he needs: %s on %s', privilege, of_what))
FROM pg_temp.granted('dunning_viewer') WHERE privilege = 'EXECUTE' ORDER BY object;
SELECT matches(pg_temp.as_role('dunning_' || level, statement), '^42501: permission denied|^42501: only the owner|^42501: role "\w+" may not grant', level || ' may not: ' || statement)
FROM (VALUES
	('viewer', 'SELECT dunning.mark_reminder_sent(1)'), ('viewer', 'SELECT dunning.set_claim_state(1, ''paid'')'),
	('viewer', 'UPDATE dunning.reminder SET state = ''sent'''), ('viewer', 'SELECT FROM dunning.to_send FOR UPDATE'),
	('collector', 'SELECT dunning.run_reminders()'), ('collector', 'SELECT dunning.settle_reminders(''bill'')'), ('collector', 'SELECT dunning.claim_penalties()'),
	('collector', 'UPDATE dunning.reminder SET open_amount = 0'), ('collector', 'DELETE FROM dunning.reminder'),
	('collector', 'UPDATE dunning.claim SET total = 0'), ('collector', 'INSERT INTO dunning.rule (name, series) VALUES (''x'', ''x'')'),
	('runner', 'UPDATE dunning.procedure SET procedure = ''1 email'''), ('runner', 'DELETE FROM dunning.claim'), ('runner', 'DELETE FROM dunning.reminder'),
	('runner', 'SELECT count(*) FROM dunning.adopt(''public.bill'', replace => true)'), ('runner', 'SELECT dunning.release_ledger(''bill'')'),
	('admin', 'SELECT dunning.release_ledger(''bill'')'), ('admin', 'UPDATE dunning.ledger SET rule = NULL'), ('admin', 'DELETE FROM dunning.claim'),
	('admin', 'SELECT count(*) FROM dunning.grant_access(''dunning_admin'', ''admin'')'),
	('admin', 'INSERT INTO dunning.access (role, level) VALUES (''dunning_admin'', ''admin'')')) AS v (level, statement);
SELECT is(pg_temp.as_role('dunning_' || level, statement), answer, level || ' may: ' || statement)
FROM (VALUES
	('collector', 'SELECT count(*) FROM (SELECT FROM dunning.to_send WHERE ledger = ''bill'' FOR UPDATE SKIP LOCKED) AS s', '5'),
	('admin', 'INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (''of_admin'', ''2026-01-01'', 5) RETURNING rate', '5'),
	('admin', 'INSERT INTO dunning.rule (name, series) VALUES (''of_admin'', ''of_admin'') RETURNING name', 'of_admin'),
	('admin', 'UPDATE dunning.rule SET clauses = ''grace 2'' WHERE name = ''of_admin'' RETURNING name', 'of_admin'),
	('admin', 'UPDATE dunning.reference_rate SET rate = 6 WHERE series = ''of_admin'' RETURNING rate', '6'),
	('admin', 'DELETE FROM dunning.rule WHERE name = ''of_admin'' RETURNING name', 'of_admin')) AS v (level, statement, answer);
SELECT is((SELECT string_agg(DISTINCT p.proname::text, ', ') FROM pg_proc AS p
	WHERE p.pronamespace = 'dunning'::regnamespace AND p.provolatile = 'v' AND p.prorettype <> 'trigger'::regtype
		AND has_function_privilege('dunning_admin', p.oid, 'EXECUTE') AND NOT has_function_privilege('dunning_runner', p.oid, 'EXECUTE')),
	'adopt, adopt_erp, end_payee, forget_customer, merge_customer, note_payee, prune, prune_archive, rebuild_ledgers, release_ledger, save_attachments, save_sender, save_template, set_procedure, unwatch_ledger, watch_ledger, watch_table', 'whatever verb has no level is for admins');
-- and everything goes back
SELECT dunning.revoke_access('dunning_' || level, level) FROM unnest(ARRAY['viewer', 'collector', 'runner', 'admin']) AS level \g /dev/null
SELECT is((SELECT count(*) FROM pg_temp.granted(('dunning_' || level)::regrole)), 0::bigint, level || ': nothing is left once it is revoked')
FROM unnest(ARRAY['viewer', 'collector', 'runner', 'admin']) AS level;
SELECT FROM dunning.grant_access('dunning_runner', 'runner') \g /dev/null
SELECT dunning.release_ledger(ledger) FROM dunning.ledger \g /dev/null
SET session_replication_role = replica; DELETE FROM dunning.reminder; RESET session_replication_role;
DELETE FROM dunning.run_problem;

--
-- A search path that puts traps first
--
CREATE SCHEMA trap;
CREATE FUNCTION trap.sprung() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a trap was sprung' USING ERRCODE = 'ZZTRP'; END $$;
SELECT format('CREATE FUNCTION trap.%s(%s) RETURNS %s LANGUAGE plpgsql IMMUTABLE AS $t$ BEGIN PERFORM trap.sprung(); RETURN%s; END $t$', name, arguments, result, CASE result WHEN 'void' THEN '' ELSE ' NULL' END)
FROM (VALUES
	('today', '', 'date'), ('now', '', 'timestamptz'), ('current_database', '', 'name'),
	('int4pl', 'integer, integer', 'integer'), ('add', 'integer, integer', 'integer'), ('less', 'integer, integer', 'boolean'), ('eq', 'integer, integer', 'boolean'),
	('eq', 'text, text', 'boolean'), ('eq', 'name, name', 'boolean'), ('eq', 'name, text', 'boolean'), ('eq', 'oid, oid', 'boolean'), ('eq', 'numeric, numeric', 'boolean'),
	('eq', 'dunning.item_key, dunning.item_key', 'boolean'), ('more', 'numeric, numeric', 'boolean'), ('less', 'date, date', 'boolean'),
	('add', 'date, integer', 'date'), ('cat', 'text, text', 'text'), ('get', 'jsonb, text', 'text'), ('has', 'jsonb, text', 'boolean'),
	('to_char', 'date, text', 'text'), ('set_config', 'text, text, boolean', 'text'), ('current_setting', 'text, boolean', 'text'),
	('quote_literal', 'text', 'text'), ('pg_is_in_recovery', '', 'boolean'), ('pg_notify', 'text, text', 'void'),
	('run_lock', '', 'boolean'), ('run_begin', 'date, name', 'bigint'), ('clock_timestamp', '', 'timestamptz'), ('lower', 'text', 'text'),
	('jsonb_typeof', 'jsonb', 'text'), ('cardinality', 'anyarray', 'integer'), ('pg_has_role', 'oid, text', 'boolean')) AS v (name, arguments, result) \gexec
SELECT format('CREATE OPERATOR trap.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = trap.%s)', operator, l, r, function)
FROM (VALUES
	('+', 'integer', 'integer', 'add'), ('<', 'integer', 'integer', 'less'), ('=', 'integer', 'integer', 'eq'), ('=', 'text', 'text', 'eq'), ('=', 'name', 'name', 'eq'), ('=', 'name', 'text', 'eq'),
	('=', 'oid', 'oid', 'eq'), ('=', 'numeric', 'numeric', 'eq'), ('=', 'dunning.item_key', 'dunning.item_key', 'eq'), ('>', 'numeric', 'numeric', 'more'),
	('<=', 'date', 'date', 'less'), ('+', 'date', 'integer', 'add'), ('||', 'text', 'text', 'cat'), ('->>', 'jsonb', 'text', 'get'), ('?', 'jsonb', 'text', 'has')) AS v (operator, l, r, function) \gexec
CREATE TABLE trap.ledger (x integer);
CREATE TABLE trap.facture (x integer);
CREATE VIEW trap.worklist AS SELECT trap.today();

CREATE FUNCTION public.sprung_by(statement text) RETURNS boolean LANGUAGE plpgsql SET search_path = trap, pg_catalog AS $$
BEGIN
	EXECUTE statement;
	RETURN false;
EXCEPTION WHEN SQLSTATE 'ZZTRP' THEN
	RETURN true;
END $$;
SELECT ok(sprung_by(statement), 'a trap works: ' || statement)
FROM (VALUES ('SELECT 1 + 1'), ('SELECT today()'), ('SELECT name ''a'' = name ''b'''), ('SELECT ''5''::dunning.item_key = ''6'''), ('SELECT set_config(''a.b'', ''c'', true)')) AS v (statement);
SELECT set_config('search_path', 'trap, pg_catalog, public', false) \g /dev/null
-- from here on the statements themselves use no operator
SELECT dunning.adopt('public.facture') \g /dev/null
SELECT dunning.adopt('public.facture', replace => true) \g /dev/null
CALL dunning.run(dunning.today());
SELECT dunning.run_reminders(dunning.today()) \g /dev/null
SELECT dunning.mark_reminder_sent(reminder) FROM dunning.reminder LIMIT 1 \g /dev/null
SELECT dunning.cancel_reminder(reminder, 'x') FROM dunning.reminder LIMIT 1 \g /dev/null
SELECT dunning.settle_reminders('facture') \g /dev/null
SELECT * FROM dunning.worklist \g /dev/null
SELECT dunning.to_jsonb(procedure) FROM dunning.procedure \g /dev/null
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('mine', '2026-01-01', 5);
INSERT INTO dunning.rule (name, series) VALUES ('mine', 'mine');
SELECT dunning.release_ledger('facture') \g /dev/null
RESET search_path;
SELECT is((SELECT count(*) FROM dunning.reminder), 5::bigint, 'a hostile search path reaches nothing: the run raised its reminders');
SELECT is((SELECT count(*) FROM dunning.run_problem WHERE ledger = 'facture' AND message !~ 'row-level'), 0::bigint, 'and set nothing aside');
DROP SCHEMA trap CASCADE;

--
-- A ledger that a role may not read is set aside, and the others are run
--
SET session_replication_role = replica; DELETE FROM dunning.reminder; RESET session_replication_role;
DELETE FROM dunning.run_problem;
CREATE TABLE public.closed (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric);
CREATE TABLE public.plain (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric);
INSERT INTO public.closed VALUES (1, 1, '2026-03-01', 10);
INSERT INTO public.plain VALUES (1, 1, '2026-03-01', 10);
GRANT SELECT ON public.plain TO dunning_runner;
SELECT dunning.adopt('public.closed'), dunning.adopt('public.plain') \g /dev/null
SELECT is(pg_temp.as_role('dunning_runner', 'SELECT dunning.run_reminders(''2026-03-20'')'), '1', 'who may not read one ledger runs the other');
SELECT is((SELECT array_agg(ledger || ' ' || sqlstate || ' ' || message) FROM dunning.run_problem), ARRAY['closed 42501 permission denied for table closed'], 'which is said');
SELECT is(pg_temp.as_role('dunning_runner', 'SELECT dunning.run_reminders(''2026-03-20'', ''closed'')'), '42501: permission denied for table closed', 'and an error if he asks for it');
SELECT dunning.release_ledger('closed'), dunning.release_ledger('plain') \g /dev/null

--
-- CREATE EXTENSION where somebody prepared a schema of that name
--
DROP EXTENSION pg_dunning CASCADE;
SELECT lives_ok('DROP SCHEMA dunning', 'the extension leaves nothing in its schema');
CREATE FUNCTION pg_temp.prepared(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	CREATE SCHEMA dunning;
	GRANT ALL ON SCHEMA dunning TO dunning_nobody;
	SET LOCAL ROLE dunning_nobody;
	EXECUTE statement;
	RESET ROLE;
	REVOKE ALL ON SCHEMA dunning FROM dunning_nobody;
	BEGIN
		CREATE EXTENSION pg_dunning;
		answer := 'created';
	EXCEPTION WHEN OTHERS THEN
		answer := SQLSTATE;
	END;
	RAISE EXCEPTION '%', answer USING ERRCODE = 'ZZTRP';
EXCEPTION WHEN SQLSTATE 'ZZTRP' THEN
	RETURN SQLERRM;
END $$;
SELECT is(pg_temp.prepared(statement), answer, 'prepared: ' || statement)
FROM (VALUES
	('CREATE FUNCTION dunning.today() RETURNS date LANGUAGE sql RETURN date ''2000-01-01''', '55000'),
	('CREATE FUNCTION dunning.keep_shipped() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NULL; END''', '55000'),
	('CREATE TABLE dunning.ledger (x integer)', '55000'),
	('CREATE VIEW dunning.open_item AS SELECT 1 AS x', '55000'),
	('CREATE TYPE dunning.payment_terms AS ENUM ()', '55000'),
	('CREATE SEQUENCE dunning.reminder_reminder_seq', '55000'),
	('CREATE DOMAIN dunning.item_key AS text', '55000')) AS v (statement, answer);
CREATE EXTENSION pg_dunning;
SELECT is(dunning.days_past_due('2026-03-01', '2026-03-20'), 19, 'without all that it is created again');

DROP OWNED BY dunning_nobody, dunning_reader, dunning_viewer, dunning_collector, dunning_runner, dunning_admin CASCADE;
DROP ROLE dunning_nobody, dunning_reader, dunning_viewer, dunning_collector, dunning_runner, dunning_admin;
SELECT * FROM finish();
