-- Facts change by verbs only: whoever has the columns, the owner among them.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();

-- What a statement says as a role, without its effect: ok, or its SQLSTATE, message, detail and hint
CREATE FUNCTION pg_temp.said(statement text, role name DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	hint text;
BEGIN
	IF role IS NOT NULL THEN
		EXECUTE format('SET LOCAL ROLE %I', role);
	END IF;
	EXECUTE statement;
	RAISE EXCEPTION 'ok' USING ERRCODE = 'ZZTRP';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN CASE SQLSTATE WHEN 'ZZTRP' THEN 'ok' ELSE concat_ws(' | ', SQLSTATE || ': ' || message, nullif(detail, ''), nullif(hint, '')) END;
END $$;

CREATE ROLE dunning_hand;
CREATE ROLE dunning_runs;
CREATE TABLE public.facture (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric, devise text);
INSERT INTO public.facture SELECT k, k, _dunning.real_day() - 30, 100, 'EUR' FROM generate_series(1, 9) AS k;
GRANT SELECT ON public.facture TO dunning_hand, dunning_runs;
INSERT INTO dunning.procedure (name, procedure) VALUES ('ladder', '5 letter manual fee 7.50 EUR');
INSERT INTO dunning.rule (name, rule) VALUES ('tenth', '10%; compensation 40.00 EUR');
SELECT FROM dunning.adopt('public.facture', procedure => 'ladder', rule => 'tenth') \g /dev/null
SELECT dunning.grant_access('dunning_hand', 'collector') \g /dev/null
SELECT dunning.grant_access('dunning_runs', 'runner') \g /dev/null
SELECT dunning.run_reminders() \g /dev/null
SELECT FROM dunning.claim_penalties() \g /dev/null
SELECT max(reminder) FILTER (WHERE item = '1') AS pending, max(reminder) FILTER (WHERE item = '2') AS sent, max(reminder) FILTER (WHERE item = '3') AS skipped,
	max(reminder) FILTER (WHERE item = '4') AS cancelled, max(reminder) FILTER (WHERE item = '5') AS approved FROM dunning.reminder \gset
SELECT dunning.mark_reminder_sent(:sent), dunning.skip_reminder(:skipped, 'a friend'), dunning.cancel_reminder(:cancelled, 'an error'), dunning.approve_reminder(:approved) \g /dev/null
SELECT max(claim) AS interest FROM dunning.claim WHERE item = '1' AND kind = 'interest' \gset

--
-- Reminders
--
SELECT is(pg_temp.said(format('UPDATE dunning.reminder SET open_amount = 1 WHERE reminder = %s', :pending)),
	format('55000: reminder %1$s cannot be changed in this way | It is a fact: only its end is filled in, once. Changed: open_amount. | Change its state by a verb: SELECT dunning.mark_reminder_sent(%1$s), SELECT dunning.skip_reminder(%1$s, reason), SELECT dunning.cancel_reminder(%1$s, reason), SELECT dunning.approve_reminder(%1$s), SELECT dunning.reject_reminder(%1$s, reason).', :pending),
	'an error says which fact, what of it and what to do');
SELECT matches(pg_temp.said(format('UPDATE dunning.reminder SET state = ''pending'', sent_on = NULL, sent_at = NULL WHERE reminder = %s', :sent)), 'Changed: sent_at, sent_on, state \(from sent to pending\)\.', 'and from which state to which');
SELECT is(substr(pg_temp.said(format('UPDATE dunning.reminder SET %s WHERE reminder = %s', change, reminder)), 1, 5), '55000', 'the owner may not: ' || change) FROM (VALUES
	('item = ''19''', :pending), ('ledger = ''other''', :pending), ('raised_on = raised_on - 1', :pending), ('open_amount = open_amount + 0.00000', :pending), ('fee = 0', :pending),
	('channel = ''email''', :pending), ('company = ''A''', :pending), ('raised_at = now() - interval ''1 day''', :pending), ('step = ''6''', :pending), ('manual = false', :pending), ('run = NULL', :pending), ('reminder = 100000', :pending),
	('reason = ''x''', :pending), ('sent_on = raised_on', :pending), ('sent_at = now()', :pending), ('skipped_on = raised_on', :pending),
	('approved_at = now(), approved_by = ''somebody''', :pending), ('approved_at = now() - interval ''1 hour'', approved_by = session_user', :pending), ('approved_by = session_user', :pending),
	('approved_at = NULL, approved_by = NULL', :approved), ('approved_at = NULL, approved_by = NULL', :sent), ('approved_at = now(), approved_by = session_user', :skipped),
	('state = ''sent'', sent_on = raised_on, sent_at = now() - interval ''1 hour''', :pending), ('state = ''sent'', sent_on = raised_on', :pending), ('state = ''sent'', sent_on = raised_on + 1, sent_at = now()', :pending),
	('state = ''sent'', sent_on = raised_on, sent_at = now(), skipped_on = raised_on', :pending),
	('state = ''skipped'', skipped_on = raised_on, skipped_at = now()', :pending), ('state = ''skipped'', skipped_on = raised_on, reason = ''x''', :pending), ('state = ''skipped'', skipped_on = raised_on, skipped_at = now(), reason = '' ''', :pending), ('state = ''skipped'', skipped_on = raised_on, skipped_at = now(), reason = ''x'', sent_on = raised_on', :pending),
	('state = ''cancelled'', cancelled_on = raised_on, cancelled_at = now()', :pending), ('state = ''cancelled'', cancelled_on = raised_on + 1, cancelled_at = now(), reason = ''x''', :pending),
	('state = ''cancelled'', cancelled_on = raised_on, cancelled_at = now() - interval ''1 hour'', reason = ''x''', :pending),
	('state = ''skipped'', skipped_on = raised_on, skipped_at = now(), reason = ''x''', :sent), ('sent_at = now() - interval ''1 hour''', :sent),
	('state = ''sent'', sent_on = raised_on, sent_at = now()', :skipped), ('reason = ''x''', :skipped), ('state = ''pending'', skipped_on = NULL', :skipped),
	('state = ''pending'', cancelled_on = NULL, cancelled_at = NULL, reason = NULL', :cancelled), ('reason = ''x''', :cancelled), ('withdrawn = true', :cancelled), ('cancelled_at = now() - interval ''1 hour''', :cancelled)) AS v (change, reminder);
SELECT is(substr(pg_temp.said(statement), 1, 5), '55000', 'nor: ' || statement) FROM (VALUES ('DELETE FROM dunning.reminder'), ('TRUNCATE dunning.reminder')) AS v (statement);
SELECT is(pg_temp.said(format('UPDATE dunning.reminder SET %s WHERE reminder = %s', change, reminder)), 'ok', 'what a verb writes is allowed: ' || change) FROM (VALUES
	('open_amount = open_amount', :pending), ('state = ''sent'', sent_on = raised_on, sent_at = now()', :pending), ('state = ''skipped'', skipped_on = raised_on, skipped_at = now(), reason = ''x''', :pending),
	('approved_at = now(), approved_by = session_user', :pending), ('state = ''cancelled'', cancelled_on = raised_on, cancelled_at = now(), reason = ''x''', :pending),
	('state = ''cancelled'', cancelled_on = raised_on, cancelled_at = now(), reason = ''x'', withdrawn = true', :pending), ('state = ''cancelled'', cancelled_on = raised_on, cancelled_at = now(), reason = ''x''', :sent),
	('state = ''cancelled'', cancelled_on = raised_on, cancelled_at = now(), reason = ''x''', :skipped)) AS v (change, reminder);
SELECT is(pg_temp.said(statement, 'dunning_hand'), answer, 'a collector: ' || statement) FROM (VALUES
	(format('SELECT dunning.mark_reminder_sent(%s)', :pending), 'ok'), (format('SELECT dunning.skip_reminder(%s, ''x'')', :pending), 'ok'), (format('SELECT dunning.cancel_reminder(%s, ''x'')', :sent), 'ok'),
	(format('SELECT dunning.cancel_reminder(%s, ''x'')', :skipped), 'ok'), (format('SELECT dunning.approve_reminder(%s)', :pending), 'ok'), (format('SELECT dunning.reject_reminder(%s, ''x'')', :pending), 'ok'),
	(format('SELECT dunning.set_claim_state(%s, ''paid'')', :interest), 'ok'), (format('SELECT dunning.set_claim_state(%s, ''waived'', ''x'')', :interest), 'ok')) AS v (statement, answer);
SELECT is(substr(pg_temp.said(format('UPDATE dunning.reminder SET %s WHERE reminder = %s', change, reminder), 'dunning_hand'), 1, 5), state, 'a collector may not: ' || change) FROM (VALUES
	('state = ''pending'', sent_on = NULL, sent_at = NULL', :sent, '55000'), ('approved_by = ''somebody'', approved_at = now()', :pending, '55000'), ('open_amount = 0', :pending, '42501')) AS v (change, reminder, state);
SELECT is(substr(pg_temp.said(statement, 'dunning_runs'), 1, 5), state, 'a runner may not: ' || statement) FROM (VALUES
	('UPDATE dunning.reminder SET open_amount = 0', '42501'), ('UPDATE dunning.reminder SET item = ''1''', '42501'), ('DELETE FROM dunning.reminder', '42501'),
	('INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, channel, state, sent_on) VALUES (''facture'', ''1'', ''9'', 1, ''2026-01-01'', ''email'', ''sent'', ''2026-01-01'')', '42501'),
	('INSERT INTO dunning.run_log (as_of, run_by) VALUES (''2026-01-01'', ''somebody'')', '42501'), ('UPDATE dunning.run_log SET run_by = ''somebody''', '42501'), ('UPDATE dunning.run_log SET raised = 0', '55000'),
	('UPDATE dunning.run_log SET finished_at = now()', '55000'), ('DELETE FROM dunning.run_log', '55000')) AS v (statement, state);
SELECT is(pg_temp.said(statement, 'dunning_runs'), 'ok', 'a runner: ' || statement) FROM (VALUES ('SELECT dunning.run_reminders()'), ('SELECT FROM dunning.claim_penalties()'), ('SELECT dunning.settle_reminders(''facture'')'),
	('SELECT dunning.undo_run(min(run)) FROM dunning.run_log WHERE kind = ''reminders'''), ('SELECT dunning.prune_runs(''1 day'')')) AS v (statement);

--
-- Claims, runs, events, ledgers
--
SELECT is(pg_temp.said(format('UPDATE dunning.claim SET amount = 1 WHERE claim = %s', :interest)), format('55000: claim %1$s cannot be changed in this way | It is a fact: only its end is filled in, once. Changed: amount. | SELECT dunning.set_claim_state(%1$s, ...) changes its state. For another amount, correct the item, its payments or its rule: the next dunning.claim_penalties() books the difference.', :interest),
	'a claim');
SELECT is(substr(pg_temp.said(format('UPDATE dunning.claim SET %s WHERE claim = %s', change, :interest)), 1, 5), '55000', 'of a claim: ' || change) FROM (VALUES
	('customer = ''9'''), ('reference = ''x'''), ('company = ''x'''), ('state_reason = ''x'''), ('state = ''paid'''), ('state = ''waived'', state_at = now()'), ('state = ''paid'', state_at = now() - interval ''1 hour''')) AS v (change);
SELECT dunning.set_claim_state(:interest, 'paid') \g /dev/null
SELECT is(substr(pg_temp.said(format('UPDATE dunning.claim SET state = ''accrued'', state_at = now(), state_reason = ''x'' WHERE claim = %s', :interest)), 1, 5), '55000', 'no state follows that may not');
INSERT INTO dunning.run_log (as_of, started_at, finished_at, refused) VALUES ('2026-01-01', now() - interval '2 days', now() - interval '2 days', 'x'), ('2026-01-01', now() - interval '1 hour', now() - interval '1 hour', 'x');
SELECT results_eq($$ WITH d AS (DELETE FROM dunning.run_log WHERE started_at < now() - interval '1 day' RETURNING 1) SELECT count(*) FROM d $$, 'VALUES (1::bigint)', 'an old run that wrote nothing may go');
SELECT is(substr(pg_temp.said(statement), 1, 5), '55000', statement) FROM (VALUES ('DELETE FROM dunning.run_log WHERE started_at < now() - interval ''1 minute'''), ('DELETE FROM dunning.run_log WHERE raised > 0'),
	('UPDATE dunning.run_log SET as_of = as_of - 1'), ('TRUNCATE dunning.run_log')) AS v (statement);
SELECT dunning.einvoice_event('facture', '1', '207', _dunning.real_day()) \g /dev/null
SELECT is(pg_temp.said('UPDATE dunning.einvoice_log SET code = ''200'''), format('55000: event %s cannot be changed in this way | It is a fact: only its end is filled in, once. Changed: code. | Note what came after it as an event of its own: SELECT dunning.einvoice_event(...).', event), 'an event') FROM dunning.einvoice_log;
SELECT is(pg_temp.said('DELETE FROM dunning.einvoice_log'), format('55000: event %1$s cannot be deleted | It is a fact, which answers for its days. | Note what came after event %1$s as an event of its own: SELECT dunning.einvoice_event(...).', event), 'which stays') FROM dunning.einvoice_log;
SELECT is(pg_temp.said('DELETE FROM dunning.ledger; SET CONSTRAINTS ALL IMMEDIATE'),
	'55000: ledger "facture" cannot be deleted while its views are there | Only its row is gone. | Roll back, and SELECT dunning.release_ledger(''facture'').', 'a ledger is released, and not deleted');
SELECT is(pg_temp.said(statement || '; SET CONSTRAINTS ALL IMMEDIATE'), 'ok', statement) FROM (VALUES ('SELECT dunning.release_ledger(''facture'')'), ('SELECT dunning.release_ledger(''facture'', keep => true)'),
	('SELECT FROM dunning.adopt(''public.facture'', replace => true)')) AS v (statement);

-- every table of facts is kept, and a new one is looked at here
SELECT results_eq($$ SELECT string_agg(c.relname::text, ' ' ORDER BY c.relname) COLLATE "C" FROM pg_class AS c JOIN pg_trigger AS t ON t.tgrelid = c.oid AND t.tgname = 'keep_fact' WHERE c.relnamespace = 'dunning'::regnamespace $$,
	$$ VALUES ('absence archive assignment claim contact customer_merge einvoice_log handover handover_return hold insolvency notice notice_reminder payee plan promise reminder run_log statement_load' COLLATE "C") $$, 'the tables of facts');
SELECT is_empty($$ SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname IN ('noted_at', 'raised_at', 'booked_at', 'started_at') WHERE c.relnamespace = 'dunning'::regnamespace AND c.relkind = 'r'
	AND NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgname = 'keep_fact') $$, 'are all that note a moment');

SELECT * FROM finish();
ROLLBACK;
