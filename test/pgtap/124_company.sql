-- An item that goes to another company of the ledger: its steps go on, in the name of that company.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL dunning.time_zone = 'UTC';
SELECT plan(9);
CREATE FUNCTION pg_temp.said(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

CREATE TABLE bill (id text PRIMARY KEY, client integer, company text, due_on date, amount numeric);
INSERT INTO dunning.procedure (name, procedure) VALUES ('ours', '5 email; 15 letter; wait 3'), ('together', '5 email; 15 letter; wait 3; by customer');
SELECT FROM dunning.adopt('bill', procedure => 'ours', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "open_amount": "amount", "company": "company", "currency": "EUR"}') \g /dev/null
INSERT INTO bill VALUES ('sent', 1, 'A', '2026-03-01', 100), ('pending', 1, 'A', '2026-03-01', 100), ('held', 2, 'A', '2026-03-01', 100);
SELECT dunning.hold_item('bill', 'held', 'dispute', from_day => '2026-03-01') \g /dev/null
SELECT is(dunning.run_reminders('2026-03-10'), 2, 'two reminders of company A');
SELECT dunning.mark_reminder_sent(reminder, '2026-03-10') FROM dunning.reminder WHERE item = 'sent' \g /dev/null

UPDATE bill SET company = 'B';
SELECT is((SELECT count(*) FROM dunning.to_send), 0::bigint, 'nothing goes out in the name of the old company');
SELECT is(dunning.run_reminders('2026-03-11'), 1, 'one is raised anew');
SELECT results_eq($$ SELECT item::text, step, company, state, reason FROM dunning.reminder ORDER BY reminder $$,
	$$ VALUES ('pending', '5', 'A', 'cancelled', 'its company was changed'), ('sent', '5', 'A', 'sent', NULL), ('pending', '5', 'B', 'pending', NULL) $$, 'in the name of the new one; what was sent counts, and the hold holds');
SELECT dunning.mark_reminder_sent(reminder, '2026-03-11') FROM dunning.reminder WHERE state = 'pending' \g /dev/null
SELECT is(dunning.run_reminders('2026-03-16'), 2, 'the next step comes');
SELECT results_eq($$ SELECT item::text, step, company FROM dunning.reminder WHERE raised_on = '2026-03-16' ORDER BY item $$, $$ VALUES ('pending', '15', 'B'), ('sent', '15', 'B') $$, 'and none comes again');

-- who sees one company only sees the facts that were noted for it, and can raise nothing
CREATE ROLE dunning_only_b;
GRANT SELECT ON bill TO dunning_only_b;
SELECT FROM dunning.grant_access('dunning_only_b', 'collector', company => 'B') \g /dev/null
SET LOCAL ROLE dunning_only_b;
SELECT set_eq('SELECT DISTINCT company FROM dunning.reminder', ARRAY['B'], 'a collector of company B sees what was noted for it');
SELECT is((SELECT state FROM dunning.worklist_as_of('2026-03-16') WHERE item = 'held'), 'due', 'and no dispute of company A');
SELECT matches(pg_temp.said($$ SELECT dunning.run_reminders('2026-03-16') $$), '^42501', 'so he cannot run: a run sees all, or nothing is raised');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
