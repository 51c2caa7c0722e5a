-- The outbox: what becomes one notice, what is taken, what leaves, and what became of it.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();
CREATE FUNCTION pg_temp.today() RETURNS date LANGUAGE sql AS 'SELECT _dunning.real_day()';

INSERT INTO dunning.procedure (name, procedure) VALUES ('post', '-3 email "Soon"; 5 email "Reminder"; 15 letter "Second"; 25 registered_letter "Formal" fee 10.00 EUR; 90 phone; mode jump');
CREATE TABLE client (id integer PRIMARY KEY, name text, email text, payeur integer, siren text, adresse text, cp text, ville text, langue text);
INSERT INTO client VALUES (1, 'Durand', 'd@x.example', NULL, '404833048', '1 quai', '69002', 'Lyon', 'fr'), (2, 'Smith', 's@x.example', NULL, NULL, NULL, NULL, NULL, 'en'), (3, 'Nobody', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(4, 'Site', 'site@x.example', 1, NULL, NULL, NULL, NULL, NULL), (5, 'Sans SIREN', NULL, NULL, NULL, '2 rue', '75001', 'Paris', NULL);
CREATE TABLE facture (id integer PRIMARY KEY, numero text, client integer, societe text, emise date, echeance date, montant numeric, devise text);
INSERT INTO facture SELECT v.id, 'F-' || v.id, v.client, v.societe, pg_temp.today() - 60, pg_temp.today() - v.late, v.amount, v.devise FROM (VALUES
	(1, 1, 'A', 6, 100, 'EUR'), (2, 1, 'A', 7, 200, 'EUR'), (3, 4, 'A', 8, 50, 'EUR'), (4, 1, 'A', 6, 30, 'CHF'), (5, 1, 'B', 6, 70, 'EUR'), (6, 1, 'A', 16, 400, 'EUR'), (7, 1, 'A', 30, 1000, 'EUR'),
	(8, 2, 'A', 16, 500, 'EUR'), (9, 2, 'A', 6, 20, 'EUR'), (10, 3, 'A', 6, 60, 'EUR'), (11, 5, 'A', 26, 80, 'EUR'), (12, 2, 'A', 92, 5, 'EUR'), (13, 2, 'B', -2, 15, 'EUR')) AS v (id, client, societe, late, amount, devise);
INSERT INTO dunning.rule (name, rule) VALUES ('tenth', '10%; compensation 40.00 EUR');
SELECT FROM dunning.adopt('facture', columns => '{"key": "id", "reference": "numero", "customer": "client", "company": "societe", "issued_on": "emise", "due_on": "echeance", "open_amount": "montant", "amount": "montant", "currency": "devise",
	"customers": {"table": "client", "key": "id", "name": "name", "email": "email", "payer": "payeur", "identifier": "siren", "address": "adresse", "postcode": "cp", "city": "ville", "language": "langue"}}', rule => 'tenth', procedure => 'post') \g /dev/null
SELECT dunning.save_sender('ACME', 'A', siren => '732829320', iban => 'FR1420041010050500013M02606', signatory => 'Anne Martin');

SELECT is(dunning.make_notices(), 0, 'without reminders there is no notice');
CREATE TEMP TABLE tonight AS SELECT t FROM dunning.tonight_notices() AS t;
SELECT dunning.run_reminders() \g /dev/null
CREATE TEMP TABLE after_run AS SELECT t FROM dunning.tonight_notices() AS t;
SELECT is(dunning.make_notices(), 9, 'the notices');
CREATE TEMP VIEW made AS SELECT n.customer::text, n.company, n.currency, CASE WHEN n.state = 'waiting' THEN n.channel END AS channel, n.step_channel, n.lacks, n.recipient_name,
	CASE n.channel WHEN 'email' THEN n.email ELSE n.address END AS address, coalesce(n.language, 'fr') AS language, n.level,
	(SELECT string_agg(r.item::text, ',' ORDER BY r.item::text) FROM dunning.notice_reminder AS l JOIN dunning.reminder AS r ON r.reminder = l.reminder WHERE l.notice = n.notice AND l.removed IS NULL) AS items,
	(SELECT sum(r.open_amount - r.held_amount) FROM dunning.notice_reminder AS l JOIN dunning.reminder AS r ON r.reminder = l.reminder WHERE l.notice = n.notice AND l.removed IS NULL) AS open_amount
FROM dunning.notice AS n WHERE n.state IN ('waiting', 'set_aside');
CREATE FUNCTION pg_temp.told(t dunning.notice_tonight, OUT customer text, OUT company text, OUT currency text, OUT channel text, OUT step_channel text, OUT lacks text, OUT recipient text, OUT address text,
	OUT language text, OUT level integer, OUT items text, OUT open_amount numeric) LANGUAGE sql AS $$
	SELECT t.customer::text, t.company, t.currency, t.channel, t.step_channel, t.lacks, t.recipient, t.address, t.language, t.level,
		(SELECT string_agg(i::text, ',' ORDER BY i::text) FROM unnest(t.items) AS i), t.open_amount $$;
SELECT bag_eq('SELECT o.* FROM tonight AS x, pg_temp.told(x.t) AS o', 'SELECT * FROM made', 'they are those that were announced before the run');
SELECT bag_eq('SELECT o.* FROM after_run AS x, pg_temp.told(x.t) AS o', 'SELECT * FROM made', 'and before they were made');
SELECT is_empty('SELECT FROM dunning.tonight_notices()', 'then there is none');
SELECT is(dunning.make_notices(), 0, 'are made once');
CREATE FUNCTION pg_temp.outbox() RETURNS TABLE (line text) LANGUAGE sql AS $$
	SELECT concat_ws(' ', n.customer, n.company, n.currency, n.channel, CASE WHEN n.step_channel <> n.channel THEN 'for ' || n.step_channel END, n.state, 'level ' || n.level,
		(SELECT string_agg(r.item::text, '+' ORDER BY r.item::text::integer) FROM dunning.notice_reminder AS l JOIN dunning.reminder AS r ON r.reminder = l.reminder WHERE l.notice = n.notice AND l.removed IS NULL))
	FROM dunning.notice AS n
$$;
SELECT set_eq('SELECT line FROM pg_temp.outbox()', ARRAY['1 A EUR email waiting level 2 1+2+3', '1 A CHF email waiting level 2 4', '1 B EUR email waiting level 2 5', '1 A EUR letter waiting level 3 6',
	'1 A EUR registered_letter waiting level 4 7', '2 A EUR email for letter waiting level 3 8+9', '3 A EUR email set_aside level 2 10', '5 A EUR registered_letter waiting level 4 11', '2 B EUR email waiting level 1 13'],
	'one for each payer, company, currency and channel; a letter without an address is an e-mail; whom nothing reaches is set aside; calls are none');
SELECT results_eq($$ SELECT g.customer::text, g.channel, g.lacks, g.sent_by, g.open_amount FROM dunning.contact_gaps() AS g ORDER BY 1, 2 $$,
	$$ VALUES ('2', 'letter', 'address', 'email', 20::numeric), ('2', 'registered_letter', 'address', NULL, 500), ('3', 'letter', 'address', NULL, 60) $$, 'whom the next step does not reach');

--
-- Taking: what was paid, held or changed since is not in it
--
UPDATE facture SET montant = 0 WHERE id = 2;
SELECT dunning.hold_item('facture', '8', 'dispute') \g /dev/null
CREATE TEMP TABLE taken AS SELECT * FROM dunning.take_notices('email');
SELECT set_eq($$ SELECT t.customer::text || ' ' || t.company || ' ' || t.currency || ' ' || t.state || ' ' || t.items || ' ' || t.open_amount || ' ' || coalesce(t.email, '') || ' ' || t.template || ' ' || t.language FROM taken AS t $$,
	ARRAY['1 A EUR taken 2 150 d@x.example first_reminder fr', '1 A CHF taken 1 30 d@x.example first_reminder fr', '1 B EUR taken 1 70 d@x.example first_reminder fr', '2 A EUR taken 1 20 s@x.example first_reminder en', '2 B EUR taken 1 15 s@x.example courtesy en'], 'what leaves is true when it leaves');
SELECT is((SELECT removed FROM dunning.notice_reminder AS l JOIN dunning.reminder AS r ON r.reminder = l.reminder WHERE r.item = '2'), 'no longer open', 'what was paid is taken out');
SELECT is((SELECT removed FROM dunning.notice_reminder AS l JOIN dunning.reminder AS r ON r.reminder = l.reminder WHERE r.item = '8'), 'held', 'and what is held');
SELECT ok(bool_and(t.body !~ 'F-2 ' AND t.subject !~ E'\n' AND t.html ~ '^<!DOCTYPE html>' AND t.ready_at > now() AND t.tries = 1), 'with subject, text and HTML, for the time of the lease') FROM taken AS t;
SELECT matches((SELECT t.body FROM taken AS t WHERE t.customer = '1' AND t.company = 'A' AND t.currency = 'EUR'), 'F-1 .*F-3 |F-3 .*F-1 ', 'the items of the payer and of his site');
SELECT is_empty($$ SELECT FROM dunning.take_notices('email') $$, 'nobody else gets them');
SELECT is_empty($$ SELECT FROM dunning.take_notices('phone') $$, 'nor notices of another channel');
SELECT throws_ok($$ SELECT FROM dunning.take_notices('email', 0) $$, '22023', NULL, 'none is no number of notices');

-- A run leaves alone what a sender has in hand
UPDATE facture SET montant = 40 WHERE id = 3;
SELECT dunning.run_reminders() \g /dev/null
SELECT is((SELECT r.state FROM dunning.reminder AS r WHERE r.item = '3'), 'pending', 'a reminder in hand is not withdrawn');
SELECT is((SELECT string_agg(r.state, ',') FROM dunning.reminder AS r WHERE r.item = '8'), 'cancelled', 'another one is');
SELECT is((SELECT count(*) FROM _dunning.health_notices(3)) > 0, EXISTS (SELECT FROM dunning.notice AS n WHERE n.state = 'set_aside'), 'health tells of what is set aside');
SELECT ok(EXISTS (SELECT FROM dunning.notice AS n WHERE n.state = 'set_aside'), 'something is');
-- nor is it taken back with its run, to be raised and sent again beside it
SAVEPOINT undone;
SELECT count(*) FILTER (WHERE _dunning.in_hand(r.reminder)) AS in_hand, bool_or(dunning.undo_run(r.run) IS NULL) AS undone FROM dunning.reminder AS r WHERE r.state = 'pending' \gset
SELECT count(*) FILTER (WHERE _dunning.in_hand(r.reminder)) AS left_in_hand, count(*) FILTER (WHERE NOT _dunning.in_hand(r.reminder)) AS left_behind
FROM dunning.reminder AS r WHERE r.state = 'pending' \gset
ROLLBACK TO undone;
SELECT ok(:in_hand > 0 AND :left_in_hand = :in_hand AND :left_behind = 0, 'a run that is undone leaves what a sender has in hand');

--
-- Sent
--
SELECT notice AS first FROM taken WHERE customer = '1' AND company = 'A' AND currency = 'EUR' \gset
SELECT throws_ok(format('SELECT dunning.notice_sent(%s, %L)', :first, pg_temp.today() + 1), '22023', NULL, 'not on a day to come');
SELECT throws_ok(format('SELECT dunning.notice_sent(%s, %L)', :first, pg_temp.today() - 1), '22023', NULL, 'nor before it was made');
SELECT ok(dunning.notice_sent(:first), 'a notice is sent');
SELECT ok(NOT dunning.notice_sent(:first), 'once');
SELECT is((SELECT string_agg(r.item::text || ' ' || r.state, ', ' ORDER BY r.item::text) FROM dunning.reminder AS r WHERE r.item::text IN ('1', '2', '3')), '1 sent, 2 cancelled, 3 sent', 'and its reminders with it');
SELECT throws_ok(format('UPDATE dunning.notice SET body = %L WHERE notice = %s', 'x', :first), '55000', NULL, 'what was sent does not change');
SELECT throws_ok(format('SELECT dunning.withdraw_notice(%s, %L)', :first, 'x'), '55000', NULL, 'and is not withdrawn');
SELECT ok(dunning.notice_returned(:first, '550 unknown'), 'it comes back');
SELECT ok(NOT dunning.notice_returned(:first, '550 unknown'), 'once');
SELECT throws_ok(format('SELECT dunning.notice_sent(%s)', (SELECT notice FROM dunning.notice WHERE channel = 'letter')), '55000', NULL, 'what was not taken was not sent');
SELECT throws_ok('SELECT dunning.notice_sent(0)', 'P0002', NULL, 'nor what does not exist');

--
-- Failed
--
SELECT notice AS second FROM taken WHERE customer = '1' AND company = 'B' \gset
SELECT is(dunning.notice_failed(:second, '451 try later', tries => 2), 'taken', 'a report of another try changes nothing');
SELECT is(dunning.notice_failed(:second, '451 try later', tries => 1), 'waiting', 'a failed notice waits');
SELECT is((SELECT n.ready_at - now() || ' ' || n.reason FROM dunning.notice AS n WHERE n.notice = :second), '00:05:00 451 try later', 'five minutes');
SELECT is_empty($$ SELECT FROM dunning.take_notices('email') $$, 'and is not taken before');
CREATE FUNCTION pg_temp.again(which bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	UPDATE dunning.notice SET ready_at = now() WHERE notice = which;
	PERFORM FROM dunning.take_notices('email');
	PERFORM dunning.notice_failed(which, 'no');
	RETURN (SELECT state || ' ' || (ready_at - now()) FROM dunning.notice WHERE notice = which);
END $$;
SELECT is(pg_temp.again(:second), 'waiting 00:15:00', 'then fifteen');
SELECT is((SELECT string_agg(a, ', ' ORDER BY k) FROM (SELECT k, pg_temp.again(:second) AS a FROM generate_series(3, 6) AS k) AS x), 'waiting 00:45:00, waiting 02:15:00, waiting 06:45:00, waiting 20:15:00', 'and so on');
SELECT is(pg_temp.again(:second), 'set_aside 20:15:00', 'after seven tries it is set aside');
SELECT ok(dunning.withdraw_notice(:second, 'another address'), 'a person withdraws it');
SELECT is(dunning.make_notices(), 1, 'so that its reminders become another one');
SELECT is((SELECT count(*) FROM dunning.take_notices('email')), 1::bigint, 'which can be taken');
SELECT is(dunning.notice_failed(max(notice), '550 no such user', true), 'set_aside', 'a permanent error sets aside at once') FROM dunning.notice WHERE company = 'B' AND customer = '1';

-- Leased and never reported: back after the lease, as it is then
SELECT notice AS third FROM taken WHERE customer = '2' AND company = 'A' \gset
UPDATE dunning.notice SET ready_at = now() WHERE notice = :third;
SELECT is((SELECT string_agg(t.notice || ' ' || t.tries, ', ') FROM dunning.take_notices('email') AS t), :third || ' 2', 'after the lease it is there again');
UPDATE facture SET montant = 0 WHERE id = 9;
UPDATE dunning.notice SET ready_at = now() WHERE notice = :third;
SELECT is_empty($$ SELECT FROM dunning.take_notices('email') $$, 'but not if its items were paid');
SELECT is((SELECT n.state || ': ' || n.reason FROM dunning.notice AS n WHERE n.notice = :third), 'withdrawn: no longer open', 'then it is withdrawn');
UPDATE dunning.notice SET ready_at = now(), tries = 10 WHERE customer = '1' AND currency = 'CHF';
SELECT is_empty($$ SELECT FROM dunning.take_notices('email') $$, 'what no sender survives');
SELECT is((SELECT n.reason FROM dunning.notice AS n WHERE n.currency = 'CHF'), 'it was taken 10 times and never reported', 'is set aside');

--
-- Letters
--
CREATE TEMP TABLE posted AS SELECT * FROM dunning.take_notices('registered_letter');
SELECT is((SELECT string_agg(p.customer::text, ',') FROM posted AS p), '1', 'a formal notice');
SELECT is((SELECT p.address || ' / ' || p.template || ' / ' || p.total FROM posted AS p), E'Durand\n1 quai\n69002 Lyon / formal_notice / ' || (1000 + 40 + 10 + round(1000 * 0.1 * 30 / 365, 2)), 'with address, penalties and fee');
SELECT is((SELECT n.state || ': ' || n.reason FROM dunning.notice AS n WHERE n.customer = '5'), 'set_aside: formal notice "formal_notice" cannot be written: the SIREN of the debtor, or his VAT number', 'one with holes is set aside with what is missing');
SELECT is((SELECT r.state FROM dunning.reminder AS r WHERE r.item = '11'), 'pending', 'and nothing is sent');
SELECT ok(dunning.notice_sent(notice, pg_temp.today(), ' 1A 123 '), 'deposited') FROM posted;
SELECT throws_ok(format('SELECT dunning.notice_presented(%s, %L)', notice, pg_temp.today() + 1), '22023', NULL, 'not presented on a day to come') FROM posted;
SELECT ok(dunning.notice_presented(notice, pg_temp.today()), 'presented') FROM posted;
SELECT is((SELECT n.deposit_number || ' ' || (n.sent_on = n.presented_on) FROM dunning.notice AS n JOIN posted AS p ON p.notice = n.notice), '1A 123 true', 'number and days of a registered letter');

-- An address that comes later, a payee, an address that goes
UPDATE client SET email = 'n@x.example' WHERE id = 3;
SELECT is(dunning.make_notices(), 0, 'the reminder says another address');
SELECT dunning.run_reminders() \g /dev/null
SELECT is(dunning.make_notices(), 1, 'a run raises it anew');
SELECT dunning.note_payee('facture', 'FACTOR', 'DE71110220330123456789', pg_temp.today(), '{6}') \g /dev/null
SELECT is_empty($$ SELECT FROM dunning.take_notices('letter') $$, 'another payee since: not this letter');
SELECT is(dunning.make_notices(), 1, 'but another one');
SELECT is((SELECT t.context #>> '{payment,payee}' FROM dunning.take_notices('letter') AS t), 'FACTOR', 'with the account of the payee');
UPDATE client SET email = NULL WHERE id = 3;
SELECT is((SELECT count(*) FROM dunning.notice AS n WHERE n.customer = '3' AND n.state = 'waiting'), 1::bigint, 'one waits');
SELECT is_empty($$ SELECT FROM dunning.take_notices('email') $$, 'and is not sent to an address of before');

--
-- Who sees and does what
--
CREATE FUNCTION pg_temp.as_role(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	EXECUTE statement INTO answer;
	RESET ROLE;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
CREATE ROLE dunning_nobody;
CREATE ROLE dunning_looks;
CREATE ROLE dunning_b;
CREATE ROLE dunning_sends;
GRANT SELECT ON facture, client TO dunning_looks, dunning_b, dunning_sends;
SELECT dunning.grant_access('dunning_looks', 'viewer'), dunning.grant_access('dunning_b', 'collector', company => 'B'), dunning.grant_access('dunning_sends', 'runner') \g /dev/null
SELECT is(pg_temp.as_role('dunning_nobody', 'SELECT count(*) FROM dunning.notice'), '42501', 'personal data are not for everybody');
SELECT is(pg_temp.as_role('dunning_looks', 'SELECT count(*) FROM dunning.notice'), (SELECT count(*)::text FROM dunning.notice), 'a viewer reads all');
SELECT is(pg_temp.as_role('dunning_b', 'SELECT string_agg(DISTINCT company, '','') FROM dunning.notice'), 'B', 'who is limited to a company reads its own');
SELECT is(pg_temp.as_role('dunning_b', 'SELECT string_agg(DISTINCT company, '','') FROM dunning.notice_reminder'), 'B', 'of the reminders, too');
SELECT is(pg_temp.as_role('dunning_b', format('SELECT dunning.notice_returned(%s, ''x'')', :first)), 'P0002', 'and says nothing of others');
SELECT is(pg_temp.as_role('dunning_looks', format('SELECT dunning.notice_returned(%s, ''x'')', :first)), '42501', 'a viewer says nothing');
SELECT is(pg_temp.as_role('dunning_b', 'SELECT dunning.make_notices()'), '42501', 'a collector makes none');
SELECT is(pg_temp.as_role('dunning_b', 'SELECT count(*) FROM dunning.take_notices(''email'')'), '42501', 'and takes none');
UPDATE facture SET echeance = pg_temp.today() - 6, montant = 11 WHERE id = 9;
SELECT is(pg_temp.as_role('dunning_sends', 'SELECT dunning.run_reminders()'), '2', 'a runner runs');
SELECT is(pg_temp.as_role('dunning_sends', 'SELECT dunning.make_notices()'), '2', 'makes notices');
SELECT is(pg_temp.as_role('dunning_sends', 'SELECT count(*) FROM dunning.take_notices(''email'')'), '1', 'takes the one that has an address');
SELECT is(pg_temp.as_role('dunning_sends', 'SELECT bool_and(dunning.notice_sent(notice)) FROM dunning.notice WHERE state = ''taken'' AND taken_by IS NOT NULL AND items = 1 AND open_amount = 11'), 'true', 'and sends them');
SELECT is((SELECT count(*) FROM dunning.reminder WHERE item = '9' AND state = 'sent'), 1::bigint, 'with its reminder');

-- Each reminder is in one notice at a time
SELECT is_empty($$ SELECT l.reminder FROM dunning.notice_reminder AS l WHERE l.removed IS NULL GROUP BY 1 HAVING count(*) > 1 $$, 'no reminder is in two notices');

--
-- Credits are set off once, against what fell due first; whose credits are as high gets no message
--
CREATE TABLE vente (id text PRIMARY KEY, client integer, kind text, emise date, echeance date, montant numeric(12, 2), ouvert numeric(12, 2), devise text);
INSERT INTO vente SELECT v.id, v.client, v.kind, pg_temp.today() - 60, pg_temp.today() - v.late, v.amount, v.amount, v.devise FROM (VALUES
	('a', 1, 'invoice', 16, 400.00, 'EUR'), ('b', 1, 'invoice', 6, 100, 'EUR'), ('c', 1, 'credit_note', 30, -450, 'EUR'), ('d', 2, 'invoice', 6, 80, 'EUR'), ('e', 2, 'receipt', 6, -80, 'EUR'), ('f', 2, 'invoice', 6, 30, 'CHF'),
	('g', 4, 'invoice', 6, 20, 'EUR')) AS v (id, client, kind, late, amount, devise);
SELECT FROM dunning.adopt('vente', columns => '{"key": "id", "customer": "client", "kind": "kind", "issued_on": "emise", "due_on": "echeance", "open_amount": "ouvert", "amount": "montant", "currency": "devise",
	"customers": {"table": "client", "key": "id", "name": "name", "email": "email", "payer": "payeur", "identifier": "siren", "address": "adresse", "postcode": "cp", "city": "ville", "language": "langue"}}', rule => NULL, procedure => 'post') \g /dev/null
SELECT dunning.run_reminders(ledger => 'vente') \g /dev/null
CREATE FUNCTION pg_temp.credited() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', n.customer, n.currency, n.channel, n.items, n.open_amount, n.context #>> '{totals,raw,credits}') FROM dunning.notice AS n WHERE n.ledger = 'vente' AND n.state = 'taken' $$;
SELECT is(dunning.make_notices('vente'), 2, 'by item: of 1 the e-mail, of 2 only what he owes in another currency');
SELECT dunning.take_notices('email'), dunning.take_notices('letter') \g /dev/null
SELECT set_eq('SELECT * FROM pg_temp.credited()', ARRAY['1 EUR email 2 70.00 50.00', '2 CHF email 1 30.00 0'], 'the letter over 400 is covered by the credit note, and 50 of 100 and 20 that fell due later');
SELECT dunning.notice_sent(notice) FROM dunning.notice WHERE ledger = 'vente' AND state = 'taken' \g /dev/null
UPDATE vente SET ouvert = -420 WHERE id = 'c';
INSERT INTO vente VALUES ('h', 1, 'invoice', pg_temp.today() - 60, pg_temp.today() - 40, 10, 10, 'EUR');
SELECT dunning.run_reminders(ledger => 'vente') \g /dev/null
SELECT is(dunning.make_notices('vente'), 0, 'what was set off today in another message counts: 420 cover 10 and 400');
UPDATE vente SET ouvert = -390 WHERE id = 'c';
SELECT is(dunning.make_notices('vente'), 1, 'less does not');
UPDATE dunning.notice SET ready_at = now() WHERE ledger = 'vente';
SELECT count(*) FROM dunning.take_notices('letter') \g /dev/null
SELECT set_eq('SELECT * FROM pg_temp.credited()', ARRAY['1 EUR letter 1 20.00 380.00'], 'the rest is asked for');
INSERT INTO dunning.ledger_setting (ledger, netting) VALUES ('vente', 'none');
SELECT is(dunning.make_notices('vente'), 2, 'nothing is set off: all is asked for');
SELECT is((SELECT count(*) FROM dunning.take_notices('email') AS n WHERE n.ledger = 'vente' AND (n.context #>> '{totals,raw,credits}')::numeric = 0 AND n.context #>> '{credits,0,reference}' = 'e'), 1::bigint, 'and the credits are shown');

--
-- Nobody writes by hand what the verbs do not
--
SELECT throws_ok(format('UPDATE dunning.notice SET %s WHERE state = %L', v.change, v.state), '55000', NULL, v.state || ': ' || v.change) FROM (VALUES
	('taken', 'state = ''sent'', sent_on = _dunning.real_day() + 500, sent_at = now()'), ('taken', 'state = ''sent'', sent_on = _dunning.real_day(), sent_at = now() - interval ''1 hour'''),
	('taken', 'state = ''sent'', sent_on = _dunning.real_day(), sent_at = now(), returned_on = _dunning.real_day() + 1'), ('taken', 'state = ''withdrawn'', reason = ''x'''),
	('taken', 'ready_at = ''infinity'''), ('waiting', 'state = ''withdrawn'', reason = '' '''), ('waiting', 'state = ''taken'''),
	('sent', 'deposit_number = ''x'''), ('sent', 'returned_on = _dunning.real_day() + 1'), ('sent', 'presented_on = _dunning.real_day() - 1'), ('sent', 'sent_on = _dunning.real_day() - 1')) AS v (state, change);
SELECT ok(count(*) FILTER (WHERE n.state = 'taken' AND n.ready_at > now()) > 0 AND count(*) FILTER (WHERE n.state = 'waiting') > 0 AND count(*) FILTER (WHERE n.state = 'sent' AND n.returned_on IS NULL) > 0,
	'there are some of each') FROM dunning.notice AS n;
SELECT throws_ok(format('UPDATE dunning.notice_reminder AS l SET removed = %L FROM dunning.notice AS n WHERE n.notice = l.notice AND l.removed IS NULL AND n.state = %L', v.removed, v.state), '55000', NULL, 'no reminder is taken out: ' || v.state)
FROM (VALUES ('x', 'taken'), ('x', 'sent'), (' ', 'waiting')) AS v (removed, state);
SELECT throws_ok('UPDATE dunning.notice_reminder SET removed = ''x'' WHERE removed IS NOT NULL', '55000', NULL, 'nor for another reason');
SELECT throws_ok('DELETE FROM dunning.notice_reminder', '55000', NULL, 'nor deleted');

--
-- A ledger that is released
--
CREATE FUNCTION pg_temp.vente() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('%s %s %s (%s)', n.channel, n.state, coalesce(n.reason, '-'), (SELECT string_agg(r.state, ',') FROM dunning.notice_reminder AS l JOIN dunning.reminder AS r ON r.reminder = l.reminder
		WHERE l.notice = n.notice AND l.removed IS NULL)), '; ' ORDER BY n.notice) FROM dunning.notice AS n WHERE n.ledger = 'vente' AND n.state <> 'sent' $$;
SELECT is(pg_temp.vente(), 'letter taken - (pending); registered_letter waiting - (pending); email taken - (pending)', 'before');
SELECT dunning.release_ledger('vente', keep => true) > 0 AS kept \gset
UPDATE dunning.notice SET ready_at = now() WHERE ledger = 'vente' AND state IN ('waiting', 'taken') AND channel = 'letter';
SELECT is_empty($$ SELECT FROM dunning.take_notices('letter') AS n WHERE n.ledger = 'vente' $$, 'nothing leaves of a ledger that is released to come back');
SELECT is(pg_temp.vente(), 'letter waiting ledger "vente" is released (pending); registered_letter waiting - (pending); email taken - (pending)', 'what waits says so');
SELECT dunning.release_ledger('vente') \g /dev/null
SELECT is(pg_temp.vente(), 'letter withdrawn ledger released (); registered_letter withdrawn ledger released (); email taken - (pending)', 'what waits is withdrawn with the ledger, but not what a sender has in hand');
UPDATE dunning.notice SET ready_at = now() WHERE ledger = 'vente' AND state = 'taken';
SELECT is_empty($$ SELECT FROM dunning.take_notices('email') AS n WHERE n.ledger = 'vente' $$, 'of which nothing is said');
SELECT is(pg_temp.vente(), 'letter withdrawn ledger released (); registered_letter withdrawn ledger released (); email withdrawn ledger released ()', 'until it would be taken again');
SELECT is_empty($$ SELECT FROM dunning.reminder WHERE ledger = 'vente' AND state = 'pending' $$, 'and no reminder is left');

SELECT * FROM finish();
ROLLBACK;
