-- An optional argument that is NULL counts as omitted.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();

-- arguments that are not optional though they have a default, and why
CREATE TEMP TABLE exception (name text, argument text, reason text NOT NULL, PRIMARY KEY (name, argument));
INSERT INTO exception SELECT f, 'as_of', 'an immutable function does not read the clock' FROM unnest('{aging_bucket,bucket_label,days_past_due,decide,is_overdue,item_status,next_step,open_amount,overdue_before}'::text[]) AS f;
INSERT INTO exception SELECT f, 'scheme', 'an unknown scheme has no buckets' FROM unnest('{aging_bucket,bucket_label,in_aging_bucket}'::text[]) AS f;
INSERT INTO exception VALUES ('adopt', 'rule', 'NULL says that late items cost nothing'), ('adopt', 'consumer_rule', 'NULL says the rule without what is for professionals'),
	('prune_runs', 'keep', 'it deletes, and NULL may be a mistake'), ('open_items_of', 'as_of', 'is put in place of its call'), ('open_items_of_customers', 'as_of', 'is put in place of its call'), ('payments', 'as_of', 'is a query: nothing was paid by an unknown day'),
	('hold_as_of', 'as_of', 'is a query: no hold is in force on an unknown day'),
	('adopt_erp', 'rule', 'NULL says that late items cost nothing'), ('adopt_erp', 'consumer_rule', 'NULL says the rule without what is for professionals');
-- functions that are not called here, and why
CREATE TEMP TABLE not_called (name text PRIMARY KEY, reason text NOT NULL);
INSERT INTO not_called VALUES ('schedule_run', 'needs pg_cron'), ('adopt_erp', 'needs an ERP'), ('save_attachments', 'needs a table of attachments'), ('merge_customer', 'needs two customers'), ('run', 'commits; run_reminders has its arguments'),
	('agree_plan', 'needs items of one customer'), ('end_absence', 'needs an absence'), ('end_assignment', 'needs an assignment'), ('end_payee', 'needs a payee'), ('notice_failed', 'needs a notice'),
	('notice_returned', 'needs a notice'), ('notice_sent', 'needs a notice'), ('pay_held_amount', 'needs a hold of an amount'), ('cancel_plan', 'needs a plan'), ('plan_confirmation', 'needs a plan'), ('promise_to_pay', 'needs a day to come'), ('withdraw_promise', 'needs a promise'), ('statements_loaded', 'needs a day to come'), ('recall_handover', 'needs a handover'), ('recall_item', 'needs a handover'), ('note_handover_return', 'needs a handover'), ('cancel_contact', 'needs a contact');

CREATE TABLE public.bill (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric, devise text);
INSERT INTO public.bill SELECT k, k, dunning.today() - 30, 100, 'EUR' FROM generate_series(1, 3) AS k;
CREATE TABLE public.other (LIKE public.bill INCLUDING ALL);
INSERT INTO dunning.procedure (name, procedure) VALUES ('ladder', '5 email');
SELECT FROM dunning.adopt('public.bill', procedure => 'ladder', rule => NULL) \g /dev/null
SELECT dunning.run_reminders() \g /dev/null
SELECT min(reminder) AS reminder FROM dunning.reminder \gset
SELECT dunning.hold_item('bill', '3', 'dispute') AS hold \gset

-- What is passed for an argument that is not optional; of one function only, if it is named
CREATE TEMP TABLE sample (argument text, name text DEFAULT '', value text NOT NULL, PRIMARY KEY (argument, name));
INSERT INTO sample VALUES ('amount', '', '1000'), ('amounts', '', '''{1,2}'''), ('as_of', '', 'date ''2026-03-01'''), ('balance', '', '''{30,60: 1, 2, 3; undated 0}'''), ('bucket', '', '1'), ('column_name', '', '''id'''),
	('customer', '', '''1'''), ('code', '', '''207'''), ('code', 'law_rule', '''FR'''), ('day', '', 'date ''2026-05-08'''), ('due_on', '', 'date ''2026-01-01'''), ('due_on', 'replay_customer', '''{2026-01-01}''::date[]'), ('every', '', '''year'''), ('from_day', '', 'date ''2026-01-01'''),
	('history', '', 'dunning.balance_history ''{2025-12-01: 1000.00, 2026-02-01: -500.00, 2026-02-10: 500.00}'''), ('history', 'sampled', 'dunning.rate_history ''{2025-07-01: 12.15, 2026-07-01: 12.40} until 2026-12-31'''), ('hold', '', :'hold'), ('kind', 'hand_over', '''agency'''), ('kind', 'log_contact', '''call'''), ('receiver', '', '''Recouvr'''), ('holds', '', format('ARRAY[%s]', :'hold')),
	('issued_on', '', 'date ''2026-01-02'''), ('item', '', '''1'''), ('items', '', '''{1,2}'''), ('jurisdiction', '', '''FR'''), ('keys', '', '''{1}''::integer[]'), ('labels', '', '''{a}'''), ('language', '', '''en'''),
	('ledger', '', '''bill'''), ('level', '', '''viewer'''), ('n', '', '3'), ('on_day', '', '_dunning.real_day()'), ('open_amount', '', '100'), ('paid_on', '', 'date ''2026-01-05'''), ('procedure', '', '''5 email; 15 letter'''),
	('rate', '', '10'), ('rates', '', 'dunning.rate_history ''{2025-07-01: 12.15} until 2026-12-31'''), ('reason', '', '''manual'''), ('relation', '', '''public.bill'''), ('relation', 'adopt', '''public.other'''), ('reminder', '', :'reminder'),
	('resolution', '', '''withdrawn'''), ('role', '', 'session_user'), ('rule', '', 'dunning.penalty_rule ''10%; compensation 40.00 EUR if professional'''), ('state', '', '''paid'''), ('stipulated', '', 'true'),
	('terms', '', 'dunning.payment_terms ''2% 10 days, net 30'''), ('to_day', '', 'date ''2026-03-31'''), ('balances', '', 'ARRAY[dunning.aged_balance ''{1.00, 2.00, 3.00, 4.00, 0.00} by 30,60,90'']'), ('claim', '', '1'),
	('judgment_on', '', 'date ''2026-01-10'''), ('name', '', '''letter'''), ('body', '', '''{{reference}}'''),
	('kind', 'assign', '''language'''), ('value', '', '''fr'''), ('owner', '', '''zoe'''), ('until_day', '', 'date ''2026-01-31'''), ('iban', '', '''DE71110220330123456789'''), ('notified_on', '', 'date ''2026-01-01'''),
	('name', 'make_report', '''public.mine'''), ('channel', 'take_notices', '''email''');
UPDATE sample SET value = 'dunning.aged_balance ''{1.00, 2.00, 3.00, 4.00, 0.00} by 30,60,90''' WHERE argument = 'balance';

CREATE TEMP VIEW argument AS
	SELECT p.oid, p.proname::text AS name, p.oid::regprocedure::text AS signature, n AS place, p.proargnames[n] AS argument, n > p.pronargs - p.pronargdefaults AS optional,
		pg_get_function_arg_default(p.oid, n) AS default_is, p.provolatile
	FROM pg_proc AS p CROSS JOIN LATERAL generate_series(1, p.pronargs) AS n
	WHERE p.pronamespace = 'dunning'::regnamespace AND p.prokind = 'f' AND p.pronargdefaults > 0 AND p.proname NOT IN (SELECT name FROM not_called)
		AND obj_description(p.oid, 'pg_proc') NOT LIKE 'The same with%';
-- What a function returns, without its effect; numbers that a sequence gives are left out
CREATE FUNCTION pg_temp.answer(f oid, omitted text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	call CONSTANT text := (SELECT format('SELECT coalesce(jsonb_agg(to_jsonb(c)), ''[]'')::text FROM dunning.%I(%s) AS c', min(a.name), string_agg(format('%I => %s', a.argument, CASE WHEN a.optional THEN 'NULL' ELSE
			coalesce((SELECT s.value FROM sample AS s WHERE s.argument = a.argument AND s.name IN ('', a.name) ORDER BY s.name DESC LIMIT 1), 'NULL') END), ', ' ORDER BY a.place)
			FILTER (WHERE NOT a.optional OR a.argument = omitted)) FROM argument AS a WHERE a.oid = f);
	answer text;
BEGIN
	EXECUTE call INTO answer;
	RAISE EXCEPTION '%', CASE WHEN (SELECT p.proname FROM pg_proc AS p WHERE p.oid = f) ~ '^hold_(item|items|customer|ledger)$|^einvoice|^write_off|^log_contact|^save_recipient|^note_|^assign' THEN regexp_replace(answer, '\d+', 'n', 'g') ELSE answer END USING ERRCODE = 'ZZTRP';
EXCEPTION
	WHEN SQLSTATE 'ZZTRP' THEN
		RETURN SQLERRM;
	WHEN OTHERS THEN
		RETURN SQLSTATE || ' ' || SQLERRM || ' in ' || call;
END $$;
SELECT cmp_ok((SELECT count(*) FROM argument WHERE optional), '>', 130::bigint, 'optional arguments are there');
SELECT doesnt_match(pg_temp.answer(a.oid, NULL), '^[0-9A-Z]{5} ', 'the function can be called: ' || a.signature) FROM (SELECT DISTINCT oid, signature, name FROM argument) AS a WHERE a.name NOT IN ('set_claim_state', 'revoke_access') ORDER BY a.signature;
SELECT is(pg_temp.answer(a.oid, a.argument), pg_temp.answer(a.oid, NULL), format('%s: %s', a.signature, a.argument))
FROM argument AS a WHERE a.optional AND NOT EXISTS (SELECT FROM exception AS e WHERE e.name = a.name AND e.argument = a.argument) AND a.default_is !~ '^NULL' ORDER BY a.signature, a.place;
SELECT is_empty('SELECT e.name, e.argument FROM exception AS e WHERE e.name <> ''adopt_erp'' AND NOT EXISTS (SELECT FROM argument AS a WHERE a.name = e.name AND a.argument = e.argument AND a.optional)', 'each exception is there');

SELECT * FROM finish();
ROLLBACK;
