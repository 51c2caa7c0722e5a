-- Handovers: who follows an item, what the ladder makes of it, and who may note it.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\ir said.psql

CREATE TABLE facture (id integer PRIMARY KEY, client text, societe text, date_facture date, date_echeance date, total numeric, devise text DEFAULT 'EUR');
CREATE TABLE reglement (id integer GENERATED ALWAYS AS IDENTITY, facture integer, montant numeric, date_reglement date);
INSERT INTO facture VALUES (1, 'C1', 'A', pg_temp.day(-90), pg_temp.day(-60), 1000.00), (2, 'C1', 'A', pg_temp.day(-90), pg_temp.day(-40), 500.00),
	(3, 'C2', 'B', pg_temp.day(-90), pg_temp.day(-60), 70.00), (4, 'C1', 'A', pg_temp.day(-90), pg_temp.day(-60), 20.00);
INSERT INTO reglement (facture, montant, date_reglement) VALUES (4, 20.00, pg_temp.day(-30)), (1, 100.00, pg_temp.day(-30));
\set columns '{"key": "id", "customer": "client", "due_on": "date_echeance", "issued_on": "date_facture", "amount": "total", "currency": "devise", "company": "societe", "payments": {"table": "reglement", "item": "facture", "amount": "montant", "date": "date_reglement"}}'
INSERT INTO dunning.procedure (name, procedure) VALUES ('two', '5 email; 15 letter');
SELECT FROM dunning.adopt('facture', columns => :'columns', procedure => 'two') \g /dev/null
SELECT dunning.run_reminders() \g /dev/null
SELECT is((SELECT string_agg(item || ' ' || state, ', ' ORDER BY item) FROM dunning.reminder), '1 pending, 2 pending, 3 pending', 'three items are reminded');

--
-- What cannot be handed over
--
SELECT is(pg_temp.said(format('SELECT dunning.hand_over(%s)', a)), e, a) FROM (VALUES
	($a$NULL, '{1}', 'Recouvr', 'agency'$a$, '22004 | the ledger of a hold is missing | SELECT ledger FROM dunning.ledger lists them.'),
	($a$'facture', '{}', 'Recouvr', 'agency'$a$, '22023 | items is not a list of keys | Give an array with the keys of the items that are handed over.'),
	($a$'facture', NULL, 'Recouvr', 'agency'$a$, '22023 | items is not a list of keys | Give an array with the keys of the items that are handed over.'),
	($a$'facture', '{1,NULL}', 'Recouvr', 'agency'$a$, '22023 | items is not a list of keys | Give an array with the keys of the items that are handed over.'),
	($a$'facture', '{1}', ' ', 'agency'$a$, '22023 | to whom are the items handed over? | Give the name of the receiver.'),
	($a$'facture', '{1}', 'Recouvr', 'friend'$a$, '22023 | nothing is handed over to a "friend" | The kind is agency, lawyer, bailiff, insurer or factor.'),
	($a$'facture', '{1}', 'Recouvr', NULL$a$, '22023 | nothing is handed over to a "NULL" | The kind is agency, lawyer, bailiff, insurer or factor.'),
	($a$'facture', '{1}', 'Recouvr', 'agency', '9999-12-31'$a$, format('22023 | nothing was handed over on 9999-12-31 | Today is %s. | Note a handover when its day has come.', to_char(pg_temp.day(0), 'YYYY-MM-DD'))),
	($a$'facture', '{1}', 'Recouvr', 'agency', '-infinity'$a$, format('22023 | nothing was handed over on -infinity | Today is %s. | Note a handover when its day has come.', to_char(pg_temp.day(0), 'YYYY-MM-DD'))),
	($a$'facture', '{1,4}', 'Recouvr', 'agency'$a$, '22023 | nothing is open of item "4" | Its open amount is 0.00.'),
	($a$'facture', '{1,99}', 'Recouvr', 'agency'$a$, '42704 | item "99" is not in ledger "facture" | No row of the ledger is hidden. | SELECT item FROM dunning.open_item WHERE ledger = ''facture'' lists the open ones.'),
	($a$'nowhere', '{1}', 'Recouvr', 'agency'$a$, '42704 | ledger "nowhere" does not exist | SELECT ledger FROM dunning.ledger lists them.')) AS v (a, e);
SELECT is((SELECT count(*) FROM dunning.handover), 0::bigint, 'and nothing of it is noted');

--
-- An item that is handed over
--
SELECT (dunning.hand_over('facture', '{2,1,2}', 'Recouvr SA', 'agency', pg_temp.day(-3), 'R-77', 'after two letters'))[1] AS second \gset
SELECT is((SELECT string_agg(concat_ws(' ', item, customer, company, kind, receiver, on_day - pg_temp.day(0), amount, currency, file_reference, note, noted_by = session_user), ', ' ORDER BY item) FROM dunning.handover),
	'1 C1 A agency Recouvr SA -3 900.00 EUR R-77 after two letters t, 2 C1 A agency Recouvr SA -3 500.00 EUR R-77 after two letters t', 'what was handed over, and for how much');
SELECT is((SELECT item::text FROM dunning.handover WHERE handover = :second), '2', 'the numbers are in the order of the items');
SELECT results_eq($$ SELECT item::text, state, reason, reason_name, reason_on - pg_temp.day(0) FROM dunning.worklist ORDER BY item::text $$,
	$$ VALUES ('1', 'handed_over', 'handover', 'agency', -3), ('2', 'handed_over', 'handover', 'agency', -3), ('3', 'scheduled', 'reminder', 'email', 0) $$, 'the work list shows it');
SELECT is((SELECT string_agg(item::text, ' ') FROM dunning.to_send), '3', 'its reminders may not go out');
SELECT is((SELECT sum(open_amount) FROM dunning.open_item WHERE customer = 'C1'), 1400.00, 'it stays in the balances');
SELECT results_eq($$ SELECT about, what FROM dunning.why('facture', '1') WHERE about IN ('state', 'reason') $$,
	format($$ VALUES ('state', 'The item was handed over to collection agency (Recouvr SA)'), ('reason', 'The handover is of ' || dunning.format_date(%L)) $$, pg_temp.day(-3)), 'why says it');
SELECT is((SELECT what FROM dunning.why('facture', '1', language => 'fr') WHERE about = 'state'), 'Dossier transmis : société de recouvrement (Recouvr SA)', 'in French');
SELECT is((SELECT count(*) FROM dunning.worklist_as_of(pg_temp.day(-1)) WHERE state = 'handed_over'), 2::bigint, 'as it was on a day');
SELECT is((SELECT count(*) FROM dunning.worklist_as_of(pg_temp.day(-4)) WHERE state = 'handed_over'), 0::bigint, 'and not before');
SELECT is((SELECT count(*) FROM dunning.worklist_as_of(pg_temp.day(-1), as_seen => true) WHERE state = 'handed_over'), 0::bigint, 'what was noted today was not known yesterday');
SELECT is((SELECT string_agg(f.kind || ' ' || f.name, ', ' ORDER BY f.kind) FROM dunning.facts(dunning.item_history('facture', '1')) AS f), 'handover agency, reminder email', 'the history of the item has it');
SELECT dunning.run_reminders() \g /dev/null
SELECT is((SELECT string_agg(item || ' ' || state || coalesce(' ' || reason, ''), ', ' ORDER BY item) FROM dunning.reminder), '1 cancelled handed over, 2 cancelled handed over, 3 pending', 'the run withdraws its reminders and raises none');
SELECT is(pg_temp.said($$ SELECT dunning.hand_over('facture', '{3,1}', 'Me Roux', 'lawyer') $$),
	format('55000 | item "1" is handed over already | It is with "Recouvr SA" since %s. | SELECT dunning.recall_handover(%s, ...) ends that.', to_char(pg_temp.day(-3), 'YYYY-MM-DD'), (SELECT handover FROM dunning.handover WHERE item = '1')),
	'an item is with one receiver');

--
-- What comes back, and the end
--
SELECT dunning.note_handover_return(handover, 200, 30.5, note => 'first account') FROM dunning.handover WHERE item = '1' \g /dev/null
SELECT dunning.note_handover_return(handover, -50) FROM dunning.handover WHERE item = '1' \g /dev/null
SELECT results_eq($$ SELECT item::text, days, amount, returned, fees, state, ended_on FROM dunning.handovers() $$, $$ VALUES ('1', 3, 900.00, 150::numeric, 30.5, 'handed_over', NULL::date), ('2', 3, 500.00, 0, 0, 'handed_over', NULL) $$, 'what came back, and the fee');
SELECT is((SELECT count(*) FROM dunning.handovers(pg_temp.day(-4))), 0::bigint, 'before there was nothing');
SELECT is(pg_temp.said(format(a, handover)), format(e, handover, to_char(pg_temp.day(-3), 'YYYY-MM-DD'), to_char(pg_temp.day(0), 'YYYY-MM-DD')), a) FROM dunning.handover, (VALUES
	('SELECT dunning.note_handover_return(%1$s, 0)', '22023 | an amount of 0 with a fee of 0 did not come back | Give what the receiver cashed, his fee, or both; a negative amount corrects an earlier one.'),
	('SELECT dunning.note_handover_return(%1$s, ''NaN'')', '22023 | an amount of NaN with a fee of 0 did not come back | Give what the receiver cashed, his fee, or both; a negative amount corrects an earlier one.'),
	('SELECT dunning.note_handover_return(%1$s, 5, on_day => ''2020-01-01'')', '22023 | nothing came back of handover %1$s on 2020-01-01 | It began on %2$s, and today is %3$s.'),
	('SELECT dunning.note_handover_return(-1, 5)', 'P0002 | handover -1 does not exist | SELECT handover, item, receiver FROM dunning.handovers() lists them.'),
	('SELECT dunning.recall_handover(%1$s, '' '')', '22023 | a reason is needed to end a handover | The history of an item has to say why it was reminded again.'),
	('SELECT dunning.recall_handover(%1$s, ''x'', ended_as => ''lost'')', '22023 | a handover does not end as "lost" | It is recalled, returned by its receiver, or settled.'),
	('SELECT dunning.recall_handover(%1$s, ''x'', ''2020-01-01'')', '22023 | handover %1$s cannot end on 2020-01-01 | It began on %2$s, and today is %3$s. | Ended on its first day, it never was.'),
	('SELECT dunning.recall_handover(NULL, ''x'')', 'P0002 | handover NULL does not exist | SELECT handover, item, receiver FROM dunning.handovers() lists them.'),
	('SELECT dunning.recall_item(''facture'', ''3'', ''x'')', 'P0002 | item "3" of ledger "facture" was never handed over | SELECT handover, item, receiver FROM dunning.handovers() lists what was.'),
	('UPDATE dunning.handover SET amount = 1 WHERE handover = %1$s', '55000 | handover %1$s cannot be changed in this way | It is a fact: only its end is filled in, once. Changed: amount. | Recall it and hand the item over again: SELECT dunning.recall_handover(%1$s, ...).'),
	('DELETE FROM dunning.handover WHERE handover = %1$s', '55000 | handover %1$s cannot be deleted | It is a fact, which answers for its days. | What was noted by mistake is recalled on its first day: SELECT dunning.recall_handover(handover, reason, on_day) FROM dunning.handover WHERE handover = %1$s.')) AS v (a, e)
WHERE item = '1';
SELECT is(dunning.recall_item('facture', '1', 'the customer pays to us', ended_as => 'returned'), true, 'an item is recalled');
SELECT is(dunning.recall_item('facture', '1', 'once more'), false, 'once');
SELECT is((SELECT concat_ws(' ', ended_on = pg_temp.day(0), ended_as, end_reason, ended_by = session_user, ended_at = now()) FROM dunning.handover WHERE item = '1'), 't returned the customer pays to us t t', 'its end is noted');
SELECT is((SELECT string_agg(item || ' ' || state, ', ' ORDER BY item) FROM dunning.worklist WHERE item IN ('1', '2')), '1 due, 2 handed_over', 'the ladder goes on');
SELECT dunning.run_reminders() \g /dev/null
SELECT is((SELECT string_agg(item || ' ' || channel, ', ' ORDER BY item) FROM dunning.reminder WHERE state = 'pending'), '1 email, 3 email', 'with the step that was withdrawn');
SELECT is(dunning.recall_handover(:second, 'by mistake', pg_temp.day(-3)), true, 'what was noted by mistake ends on its first day');
SELECT is((SELECT string_agg(item || ' ' || state, ', ') FROM dunning.handovers()), '1 returned', 'and never was');
SELECT is(pg_temp.said(format('SELECT dunning.hand_over(''facture'', ''{1}'', ''Me Roux'', ''lawyer'', %L)', pg_temp.day(-1))),
	format('22023 | item "1" was not there to be handed over on %s | It came back on %s. | Give that day, or a later one.', to_char(pg_temp.day(-1), 'YYYY-MM-DD'), to_char(pg_temp.day(0), 'YYYY-MM-DD')), 'not before it came back');

--
-- Rights
--
CREATE ROLE dunning_all;
CREATE ROLE dunning_b;
CREATE ROLE dunning_sees;
GRANT SELECT ON facture, reglement TO dunning_all, dunning_b, dunning_sees;
GRANT USAGE ON SCHEMA public TO dunning_all, dunning_b, dunning_sees;
SELECT FROM dunning.grant_access('dunning_all', 'collector');
SELECT FROM dunning.grant_access('dunning_b', 'collector', company => 'B');
SELECT FROM dunning.grant_access('dunning_sees', 'viewer');
SELECT is(pg_temp.said('SELECT count(*) FROM dunning.handovers()', 'dunning_all'), '1', 'a collector sees them');
SELECT is(pg_temp.said('SELECT count(*) FROM dunning.handovers()', 'dunning_sees'), '1', 'and a viewer');
SELECT is(pg_temp.said('SELECT count(*) FROM dunning.handovers()', 'dunning_b'), '0', 'but for who sees another company');
SELECT alike(pg_temp.said($$ SELECT dunning.hand_over('facture', '{2}', 'Me Roux', 'lawyer') $$, 'dunning_b'), '42501 | role "dunning_b" may not%', 'who hands over no item of others');
SELECT alike(pg_temp.said(format('SELECT dunning.recall_handover(%s, ''x'')', :second), 'dunning_b'), 'P0002 | handover % does not exist%', 'and recalls none');
SELECT alike(pg_temp.said($$ INSERT INTO dunning.handover (ledger, item, company, kind, receiver, on_day) VALUES ('facture', '2', 'B', 'agency', 'x', '2026-01-01') $$, 'dunning_b'), '42501 | item "2" of ledger "facture" is not of company "B"%', 'under no other company either');
SELECT is(pg_temp.said($$ SELECT cardinality(dunning.hand_over('facture', '{3}', 'Me Roux', 'bailiff')) $$, 'dunning_b'), '1', 'but his own');
SELECT is(pg_temp.said($$ SELECT dunning.note_handover_return(max(handover), 5) > 0 FROM dunning.handover $$, 'dunning_b'), 'true', 'notes what came back');
SELECT is(pg_temp.said($$ SELECT dunning.recall_item('facture', '3', 'x') $$, 'dunning_b'), 'true', 'and recalls it');
SELECT alike(pg_temp.said(a, 'dunning_sees'), '42501 | permission denied%', 'a viewer may not: ' || a) FROM (VALUES ('SELECT dunning.hand_over(''facture'', ''{2}'', ''x'', ''lawyer'')'),
	('SELECT dunning.recall_handover(1, ''x'')'), ('SELECT dunning.recall_item(''facture'', ''3'', ''x'')'), ('SELECT dunning.note_handover_return(1, 5)')) AS v (a);

SELECT * FROM finish();
ROLLBACK;
