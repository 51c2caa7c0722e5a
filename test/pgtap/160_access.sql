-- Roles that are limited to a company or a ledger, and runs that need all facts.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL dunning.today = '2026-03-20';
SELECT no_plan();

CREATE FUNCTION pg_temp.as_role(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	EXECUTE statement INTO answer;
	RESET ROLE;
	RETURN coalesce(answer, '-');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

CREATE ROLE dunning_owner;
CREATE ROLE dunning_a;
CREATE ROLE dunning_b;
CREATE ROLE dunning_pieces;
CREATE ROLE dunning_pair;
CREATE ROLE dunning_both;
CREATE ROLE dunning_hand;
CREATE ROLE dunning_runs;
CREATE ROLE dunning_looks;
CREATE ROLE dunning_bypass BYPASSRLS;
CREATE ROLE "Dunning ""M""" IN ROLE dunning_a;
GRANT dunning_a, dunning_b TO dunning_both;

INSERT INTO dunning.procedure (name, procedure) VALUES ('ladder', '5 email fee 7.50 EUR; 15 letter');
INSERT INTO dunning.rule (name, rule) VALUES ('tenth', '10%; compensation 40.00 EUR');
CREATE TABLE facture (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric, societe text, devise text);
INSERT INTO facture SELECT k, k % 2, '2026-03-01', 100, CASE WHEN k % 2 = 0 THEN 'A' ELSE 'B' END, 'EUR' FROM generate_series(1, 6) AS k;
INSERT INTO facture VALUES (7, 1, '2026-03-01', 100, NULL, 'EUR'), (8, 0, '2026-03-01', 'NaN', 'A', 'EUR'), (9, 1, '2026-03-01', 'NaN', 'B', 'EUR');
CREATE TABLE pieces (LIKE facture INCLUDING ALL);
INSERT INTO pieces SELECT k, k % 2, '2026-03-01', 100, CASE WHEN k % 2 = 0 THEN 'A' ELSE 'B' END, 'EUR' FROM generate_series(1, 4) AS k;
\set columns '{"key": "id", "customer": "client_id", "due_on": "date_echeance", "open_amount": "solde", "company": "societe", "currency": "devise"}'
SELECT FROM dunning.adopt('facture', columns => :'columns', rule => 'tenth', procedure => 'ladder') \g /dev/null
SELECT FROM dunning.adopt('pieces', columns => :'columns', rule => 'tenth', procedure => 'ladder') \g /dev/null

--
-- Granting
--
SELECT results_eq($$ SELECT g.* FROM dunning.grant_access('dunning_a', 'collector', company => 'A') AS g $$,
	$$ VALUES ('facture'::name, 'GRANT SELECT ON public.facture TO dunning_a', 'it reads public.facture'), ('pieces', 'GRANT SELECT ON public.pieces TO dunning_a', 'it reads public.pieces') $$,
	'what the role lacks of the ERP''s tables is said');
GRANT SELECT ON facture, pieces TO PUBLIC;
SELECT is_empty($$ SELECT FROM dunning.grant_access('dunning_b', 'collector', company => 'B') $$, 'and nothing if it lacks nothing');
SELECT FROM dunning.grant_access('dunning_pieces', 'collector', 'pieces') \g /dev/null
SELECT FROM dunning.grant_access('dunning_pair', 'collector', 'pieces', 'A') \g /dev/null
SELECT FROM dunning.grant_access('dunning_looks', 'viewer') \g /dev/null
SELECT FROM dunning.grant_access('dunning_looks', 'collector', company => 'A') \g /dev/null
SELECT FROM dunning.grant_access('dunning_runs', 'runner') \g /dev/null
SELECT FROM dunning.grant_access('dunning_runs', 'runner') \g /dev/null
SELECT FROM dunning.grant_access('dunning_bypass', 'runner') \g /dev/null
DELETE FROM dunning.access WHERE role = 'dunning_bypass'::regrole;
SELECT is((SELECT count(*) FROM dunning.access WHERE role = 'dunning_runs'::regrole), 1::bigint, 'granting twice is granting once');
SELECT throws_ok(statement, sqlstate, message, statement) FROM (VALUES
	($$ SELECT dunning.grant_access('dunning_a', 'boss') $$, '22023', 'there is no level of access "boss"'),
	($$ SELECT dunning.grant_access('dunning_a', NULL) $$, '22023', 'there is no level of access "NULL"'),
	($$ SELECT dunning.grant_access('dunning_missing', 'viewer') $$, '42704', 'role "dunning_missing" does not exist'),
	($$ SELECT dunning.grant_access('public', 'viewer') $$, '42704', 'role "public" does not exist'),
	($$ SELECT dunning.grant_access('dunning_a', 'viewer', 'missing') $$, '42704', 'ledger "missing" does not exist'),
	($$ SELECT dunning.grant_access('dunning_a', 'runner', 'pieces') $$, '22023', 'the level "runner" cannot be limited to a ledger or company'),
	($$ SELECT dunning.grant_access('dunning_a', 'admin', company => 'A') $$, '22023', 'the level "admin" cannot be limited to a ledger or company'),
	($$ SELECT dunning.revoke_access('dunning_a', 'viewer') $$, '42704', 'role "dunning_a" does not have this access'),
	($$ SELECT dunning.revoke_access('dunning_a', 'collector', company => 'B') $$, '42704', 'role "dunning_a" does not have this access')) AS v (statement, sqlstate, message);
-- who may execute it and owns nothing may not grant
GRANT EXECUTE ON FUNCTION dunning.grant_access, dunning.revoke_access TO dunning_runs;
SELECT is(pg_temp.as_role('dunning_runs', 'SELECT dunning.grant_access(''dunning_runs'', ''admin'')'), '42501: role "dunning_runs" may not grant access', 'only the owner grants');
SELECT is(pg_temp.as_role('dunning_runs', 'SELECT dunning.revoke_access(''dunning_a'', ''collector'')'), '42501: role "dunning_runs" may not grant access', 'and revokes');

--
-- A run of who sees all
--
SELECT is(pg_temp.as_role('dunning_runs', 'SELECT dunning.run_reminders(''2026-03-20'')'), '11', 'a runner raises all');
SELECT is(pg_temp.as_role('dunning_runs', 'SELECT sum(items) FROM dunning.claim_penalties(''2026-03-20'')'), '22', 'and books all');
SELECT is((SELECT string_agg(DISTINCT concat_ws(' ', c.item, c.company), ', ') FROM dunning.claim AS c WHERE c.ledger = 'pieces'), '1 B, 2 A, 3 B, 4 A', 'claims have the company of their item');
SELECT is((SELECT count(*) FROM dunning.run_problem WHERE item IN ('8', '9')), 4::bigint, 'and items are set aside');

--
-- What each sees
--
CREATE TEMP TABLE seen (role name, answer text);
INSERT INTO seen VALUES
	('dunning_a', 'facture 2 A, facture 4 A, facture 6 A, pieces 2 A, pieces 4 A'),
	('Dunning "M"', 'facture 2 A, facture 4 A, facture 6 A, pieces 2 A, pieces 4 A'),
	('dunning_b', 'facture 1 B, facture 3 B, facture 5 B, pieces 1 B, pieces 3 B'),
	('dunning_pieces', 'pieces 1 B, pieces 2 A, pieces 3 B, pieces 4 A'),
	('dunning_pair', 'pieces 2 A, pieces 4 A'),
	('dunning_both', 'facture 1 B, facture 2 A, facture 3 B, facture 4 A, facture 5 B, facture 6 A, pieces 1 B, pieces 2 A, pieces 3 B, pieces 4 A');
INSERT INTO seen SELECT r.role, (SELECT string_agg(concat_ws(' ', ledger, item, company), ', ' ORDER BY ledger, item) FROM dunning.reminder)
FROM unnest(ARRAY['dunning_looks', 'dunning_runs', 'dunning_bypass', current_user]) AS r (role);
SELECT is(pg_temp.as_role(s.role, format('SELECT string_agg(DISTINCT concat_ws('' '', ledger, item, %s), '', '') FROM %s %s', v.company, v.relation, v.condition)),
	CASE WHEN v.company = 'NULL' THEN regexp_replace(s.answer, ' [AB]', '', 'g') ELSE s.answer END, format('%s sees of %s %s', s.role, v.relation, v.condition))
FROM seen AS s
CROSS JOIN (VALUES ('company', 'dunning.reminder', ''), ('company', 'dunning.claim', ''), ('NULL', 'dunning.claim_balance', ''),
	('company', 'dunning.to_send', ''), ('company', 'dunning.worklist', 'WHERE open_amount <> ''NaN''')) AS v (company, relation, condition);
SELECT is(pg_temp.as_role(v.role, 'SELECT string_agg(DISTINCT ledger || '' '' || item::text, '', '') FROM dunning.run_problem WHERE item <> '''''), v.answer, v.role || ' sees of dunning.run_problem')
FROM (VALUES ('dunning_a', '-'), ('dunning_pair', '-'), ('dunning_pieces', '-'), ('dunning_looks', 'facture 8, facture 9')) AS v (role, answer);
SELECT is(pg_temp.as_role('dunning_a', 'SELECT count(*) FROM dunning.worklist WHERE item IN (''8'', ''9'')'), '1', 'of the work list nobody sees what has a problem and is of another company');
SELECT is(pg_temp.as_role('dunning_a', 'SELECT string_agg(role::text || '' '' || company, '', '') FROM dunning.access'), 'dunning_a A', 'nor who else has access');
SELECT is(pg_temp.as_role('dunning_hand', 'SELECT count(*) FROM dunning.reminder'), '42501: permission denied for table reminder', 'who was granted nothing sees nothing');
GRANT SELECT, UPDATE ON dunning.reminder TO dunning_hand;
SELECT is(pg_temp.as_role('dunning_hand', 'SELECT count(*) FROM dunning.reminder'), '11', 'and who was granted something by hand is not limited');

--
-- What each changes
--
CREATE TEMP TABLE of_b AS SELECT (SELECT min(reminder) FROM dunning.reminder WHERE company = 'B') AS reminder, (SELECT min(claim) FROM dunning.claim WHERE company = 'B') AS claim;
CREATE TEMP VIEW facts AS SELECT string_agg(r::text, E'\n' ORDER BY reminder) AS answer FROM dunning.reminder AS r WHERE r.company IS DISTINCT FROM 'A'
	UNION ALL SELECT string_agg(c::text, E'\n' ORDER BY claim) FROM dunning.claim AS c WHERE c.company IS DISTINCT FROM 'A';
CREATE TEMP TABLE before AS SELECT * FROM facts;
SELECT matches(pg_temp.as_role(r.role, v.statement), v.answer, format('%s: %s', r.role, v.statement))
FROM of_b CROSS JOIN unnest(ARRAY['dunning_a', 'Dunning "M"', 'dunning_pair', 'dunning_looks']) AS r (role)
CROSS JOIN LATERAL (VALUES
	(format('SELECT dunning.mark_reminder_sent(%s)', reminder), '^P0002: '),
	(format('SELECT dunning.skip_reminder(%s, ''x'')', reminder), '^P0002: '),
	(format('SELECT dunning.cancel_reminder(%s, ''x'')', reminder), '^P0002: '),
	(format('SELECT dunning.set_claim_state(%s, ''paid'')', claim), '^P0002: '),
	(format('UPDATE dunning.reminder SET state = ''sent'', sent_on = raised_on WHERE reminder = %s RETURNING reminder', reminder), '^-$'),
	(format('UPDATE dunning.claim SET state = ''paid'' WHERE claim = %s RETURNING claim', claim), '^-$'),
	(format('SELECT reminder FROM dunning.reminder WHERE reminder = %s FOR UPDATE', reminder), '^-$'),
	('UPDATE dunning.reminder SET company = ''A''', '^42501: permission denied'),
	('UPDATE dunning.access SET company = NULL', '^42501: permission denied'),
	('DELETE FROM dunning.access', '^42501: permission denied')) AS v (statement, answer);
SELECT results_eq('TABLE facts', 'TABLE before', 'nothing of company B was changed');
SELECT is(pg_temp.as_role('dunning_a', 'SELECT dunning.mark_reminder_sent(min(reminder)) FROM dunning.reminder'), 'true', 'of company A it marks as sent');
SELECT is(pg_temp.as_role('Dunning "M"', 'SELECT dunning.skip_reminder(max(reminder), ''he telephoned'') FROM dunning.reminder'), 'true', 'so does a member of the role, who skips');
SELECT is(pg_temp.as_role('dunning_looks', 'SELECT dunning.set_claim_state(min(claim), ''claimed'') FROM dunning.claim WHERE company = ''A'''), 'true', 'and who may look at all changes claims of A');
-- a row of one's own cannot be moved out of sight, nor one be added
GRANT INSERT, UPDATE, DELETE ON dunning.reminder TO dunning_a;
SELECT is(pg_temp.as_role('dunning_a', 'UPDATE dunning.reminder SET company = ''B'''), '42501: new row violates row-level security policy for table "reminder"', 'no row is given to another company');
SELECT is(pg_temp.as_role('dunning_a', 'INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, channel, company) VALUES (''facture'', ''1'', ''99'', 9, ''2026-03-20'', ''x'', ''B'')'),
	'42501: new row violates row-level security policy for table "reminder"', 'or made for it');
SELECT is(pg_temp.as_role('dunning_a', 'WITH d AS (DELETE FROM dunning.reminder WHERE company = ''B'' RETURNING 1) SELECT count(*) FROM d'), '0', 'or deleted');
SELECT results_eq('TABLE facts', 'TABLE before', 'still nothing of company B was changed');
REVOKE INSERT, UPDATE, DELETE ON dunning.reminder FROM dunning_a;
SELECT FROM dunning.grant_access('dunning_a', 'collector', company => 'A') \g /dev/null

-- another name is another name, and no way out
ALTER ROLE dunning_a RENAME TO dunning_renamed;
SELECT is(pg_temp.as_role('dunning_renamed', 'SELECT string_agg(DISTINCT company, '', '') FROM dunning.reminder'), 'A', 'a role that is renamed stays limited');
ALTER ROLE dunning_renamed RENAME TO dunning_a;

-- who is hidden rows of the ERP, but not what our tables hold of them, is named
CREATE ROLE dunning_hidden;
GRANT SELECT ON pieces TO dunning_hidden;
ALTER TABLE pieces ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON pieces USING (societe = 'A');
SELECT results_eq($$ SELECT ledger, needs, why FROM dunning.grant_access('dunning_hidden', 'collector') $$, $$ VALUES ('pieces'::name, NULL::text,
	'row-level security on public.pieces hides rows from role "dunning_hidden", as which it is read; of these rows it sees the reminders and claims all the same, unless it is limited to a company') $$,
	'a grant says of which ledgers the ERP hides rows');
SELECT is(pg_temp.as_role('dunning_hidden', 'SELECT string_agg(DISTINCT company, '', '') FROM dunning.reminder WHERE ledger = ''pieces'''), 'A, B', 'whose reminders the role sees');
SELECT FROM dunning.revoke_access('dunning_hidden', 'collector') \g /dev/null
SELECT is_empty($$ SELECT FROM dunning.grant_access('dunning_hidden', 'collector', company => 'A') $$, 'limited to its company');
SELECT is(pg_temp.as_role('dunning_hidden', 'SELECT string_agg(DISTINCT company, '', '') FROM dunning.reminder WHERE ledger = ''pieces'''), 'A', 'it sees no more there than in the ERP');
SELECT is_empty($$ SELECT FROM dunning.grant_access('dunning_hidden', 'collector', 'facture') $$, 'nor by a ledger without policies');
SELECT FROM dunning.revoke_access('dunning_hidden', 'collector') \g /dev/null
DROP POLICY own ON pieces;
ALTER TABLE pieces DISABLE ROW LEVEL SECURITY;

--
-- A run needs all facts
--
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA dunning, _dunning TO dunning_a, dunning_looks, dunning_hand;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA dunning TO dunning_a, dunning_looks, dunning_hand;
GRANT INSERT ON _dunning.touched TO dunning_hand;
GRANT SELECT ON _dunning.watched TO dunning_hand;
REVOKE EXECUTE ON FUNCTION dunning.grant_access, dunning.revoke_access FROM dunning_a, dunning_looks, dunning_hand;
CREATE TEMP VIEW everything AS SELECT 'l' AS what, l::text FROM dunning.run_log AS l UNION ALL SELECT 'r', r::text FROM dunning.reminder AS r
	UNION ALL SELECT 'c', c::text FROM dunning.claim AS c UNION ALL SELECT 'p', p::text FROM dunning.run_problem AS p;
CREATE TEMP TABLE before_runs AS SELECT * FROM everything;
UPDATE facture SET solde = 0 WHERE id = 1;
SELECT is(pg_temp.as_role(r.role, statement), format('42501: role "%s" does not see all rows of the tables of pg_dunning', r.role), format('%s: %s', r.role, statement))
FROM unnest(ARRAY['dunning_a', 'dunning_looks']) AS r (role)
CROSS JOIN (VALUES ('CALL dunning.run()'), ('SELECT dunning.run_reminders()'), ('SELECT dunning.run_reminders(''2026-03-20'', ''facture'')'), ('SELECT count(*) FROM dunning.claim_penalties()'),
	('SELECT dunning.settle_reminders(''facture'')'), ('SELECT dunning.settle_reminders(''facture'', ''1'')')) AS v (statement);
SELECT bag_eq('TABLE everything', 'TABLE before_runs', 'and nothing is changed');
CREATE FUNCTION pg_temp.detail() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	SET LOCAL ROLE dunning_a;
	PERFORM dunning.run_reminders();
EXCEPTION WHEN insufficient_privilege THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN detail || ' ' || hint;
END $$;
SELECT is(pg_temp.detail(), 'Row-level security on dunning.assignment hides rows from it or keeps it from changing them. '
	'Let a role do it that sees all, such as one after SELECT * FROM dunning.grant_access(''dunning_a'', ''runner''), without a ledger and a company.', 'the error says which table and what to do');
SELECT is(pg_temp.as_role('dunning_hand', 'SELECT dunning.settle_reminders(''facture'', ''1'')'), '1', 'who has his grants by hand settles');
-- a policy that somebody adds
CREATE POLICY mine ON dunning.run_problem AS RESTRICTIVE TO dunning_hand USING (item <> '5');
SELECT matches(pg_temp.as_role('dunning_hand', 'SELECT dunning.run_reminders()'), '^42501: role "dunning_hand" does not see', 'a policy of somebody else may hide rows');
SELECT is(pg_temp.as_role('dunning_runs', 'SELECT dunning.run_reminders(''2026-03-20'')'), '0', 'from those for whom it is');
DROP POLICY mine ON dunning.run_problem;
ALTER TABLE dunning.procedure ENABLE ROW LEVEL SECURITY;
SELECT matches(pg_temp.as_role('dunning_runs', 'SELECT dunning.run_reminders()'), '^42501: role "dunning_runs" does not see', 'so may one on another table of ours');
SELECT is(pg_temp.as_role('dunning_bypass', 'SELECT dunning.run_reminders(''2026-03-20'')'), '0', 'but not from who bypasses policies');
ALTER TABLE dunning.procedure DISABLE ROW LEVEL SECURITY;
SELECT is(dunning.run_reminders('2026-03-20'), 0, 'nor from a superuser');

--
-- The condition is computed once a query
--
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	SET LOCAL ROLE dunning_a;
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
		plan := plan || line || E'\n';
	END LOOP;
	RESET ROLE;
	RETURN plan;
END $$;
SET LOCAL enable_seqscan = off;
SELECT matches(pg_temp.plan(format('SELECT * FROM dunning.%s WHERE item = ''5''', relation)), 'Index Cond: \(item = ''5''.*Filter: \((\$0|\(InitPlan 1\).col1) OR \(ARRAY.*&& (\$1|\(InitPlan 2\).col1)\)\)', 'an index is used, and the condition is computed once: ' || relation)
FROM unnest(ARRAY['reminder', 'claim']) AS relation;
RESET enable_seqscan;

--
-- Revoking
--
SELECT FROM dunning.grant_access('dunning_pair', 'collector', company => 'B') \g /dev/null
SELECT is(pg_temp.as_role('dunning_pair', 'SELECT count(DISTINCT (ledger, item)) FROM dunning.reminder'), '7', 'several add up');
SELECT dunning.revoke_access('dunning_pair', 'collector', company => 'B') \g /dev/null
SELECT is(pg_temp.as_role('dunning_pair', 'SELECT count(DISTINCT (ledger, item)) FROM dunning.reminder'), '2', 'and are taken back one by one');
SELECT FROM dunning.grant_access('dunning_pair', 'runner') \g /dev/null
SELECT dunning.revoke_access('dunning_pair', 'runner') \g /dev/null
SELECT is(pg_temp.as_role('dunning_pair', 'SELECT dunning.skip_reminder(min(reminder), ''x'') FROM dunning.reminder'), 'true', 'what a lower level needs stays');
SELECT matches(pg_temp.as_role('dunning_pair', 'SELECT dunning.run_reminders()'), '^42501: permission denied', 'and what the higher one had goes');
SELECT dunning.revoke_access('dunning_pair', 'collector') \g /dev/null
SELECT matches(pg_temp.as_role('dunning_pair', 'SELECT count(*) FROM dunning.reminder'), '^42501: permission denied', 'without any level nothing is left');

--
-- The triggers that write the row at hand are for everybody
--
GRANT CREATE, USAGE ON SCHEMA public TO dunning_b;
CREATE FUNCTION pg_temp.attached() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	SET LOCAL ROLE dunning_b;
	CREATE TABLE public.inv (issued date, terms text, due date, open numeric, st text);
	CREATE TRIGGER a BEFORE INSERT OR UPDATE ON public.inv FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('issued', 'terms', 'due');
	CREATE TRIGGER b BEFORE INSERT OR UPDATE ON public.inv FOR EACH ROW EXECUTE FUNCTION dunning.set_status('due', 'open', 'st');
	INSERT INTO public.inv VALUES ('2026-01-01', 'net 30', NULL, 5) RETURNING due || ' ' || st INTO answer;
	RETURN answer;
END $$;
SELECT is(pg_temp.attached(), '2026-01-31 overdue', 'a role without any grant attaches set_due_date and set_status to its own table');
SELECT matches(pg_temp.as_role('dunning_b', 'CREATE TRIGGER c AFTER INSERT ON public.inv FOR EACH ROW EXECUTE FUNCTION _dunning.watch(''facture'')'), '^42501: ', 'but not watch, which cancels reminders');

SELECT * FROM finish();
ROLLBACK;
