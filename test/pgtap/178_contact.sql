-- Contacts: what is noted, what follows from it at once, and who may.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\ir said.psql

CREATE TABLE facture (id integer PRIMARY KEY, client text, nom text, tel text, langue text, societe text, date_facture date, date_echeance date, total numeric, devise text DEFAULT 'EUR');
CREATE TABLE reglement (id integer GENERATED ALWAYS AS IDENTITY, facture integer, montant numeric, date_reglement date);
INSERT INTO facture VALUES (1, 'C1', 'Durand & Fils', '0472000001', 'fr', 'A', pg_temp.day(-90), pg_temp.day(-60), 1000.00), (2, 'C1', 'Durand & Fils', '0472000001', 'fr', 'A', pg_temp.day(-90), pg_temp.day(-40), 500.00),
	(3, 'C2', 'Smith', '+44 20', 'en', 'B', pg_temp.day(-90), pg_temp.day(-60), 70.00), (4, 'C1', 'Durand & Fils', '0472000001', 'fr', 'A', pg_temp.day(-90), pg_temp.day(30), 20.00);
\set columns '{"key": "id", "customer": "client", "customer_name": "nom", "phone": "tel", "language": "langue", "due_on": "date_echeance", "issued_on": "date_facture", "amount": "total", "currency": "devise", "company": "societe", "payments": {"table": "reglement", "item": "facture", "amount": "montant", "date": "date_reglement"}}'
INSERT INTO dunning.procedure (name, procedure) VALUES ('call', '5 phone "Call" manual; 15 letter');
SELECT FROM dunning.adopt('facture', columns => :'columns', procedure => 'call') \g /dev/null
SELECT dunning.run_reminders() \g /dev/null
SELECT is((SELECT string_agg(item || ' ' || channel || ' ' || state, ', ' ORDER BY item) FROM dunning.reminder), '1 phone pending, 2 phone pending, 3 phone pending', 'three calls are to be made');

--
-- What cannot be noted
--
SELECT is(pg_temp.said(format('SELECT dunning.log_contact(%s)', a)), e, a) FROM (VALUES
	($a$NULL, 'C1', 'call'$a$, '22004 | the ledger of a hold is missing | SELECT ledger FROM dunning.ledger lists them.'),
	($a$'nowhere', 'C1', 'call'$a$, '42704 | ledger "nowhere" does not exist | SELECT ledger FROM dunning.ledger lists them.'),
	($a$'facture', NULL, 'call'$a$, '22004 | a contact is with a customer, or about items | Give the customer, or the items, or both.'),
	($a$'facture', 'C9', 'call'$a$, '42704 | customer "C9" has no item in ledger "facture" | No row of the ledger is hidden. | SELECT DISTINCT customer FROM dunning.open_item WHERE ledger = ''facture'' lists who owes something.'),
	($a$'facture', 'C1', 'call', items => '{}'$a$, '22023 | items is not a list of keys | Give an array of keys, or leave it out for the customer as a whole.'),
	($a$'facture', 'C1', 'call', items => '{9}'$a$, '42704 | item "9" is not in ledger "facture" | No row of the ledger is hidden. | SELECT item FROM dunning.open_item WHERE ledger = ''facture'' lists the open ones.'),
	($a$'facture', 'C1', 'call', items => '{1,3}'$a$, '22023 | the items are not all of customer "C1" | A contact is with one customer: note one for each.'),
	($a$'facture', 'C1', 'telex'$a$, '22023 | there is no contact of kind "telex" | The kind is call, email, letter, message, meeting, reply or note.'),
	($a$'facture', 'C1', NULL$a$, '22023 | there is no contact of kind "NULL" | The kind is call, email, letter, message, meeting, reply or note.'),
	($a$'facture', 'C1', 'call', 'up'$a$, '22023 | a call has no direction "up" | It is in or out; a reply is in, and a note has none.'),
	($a$'facture', 'C1', 'note', 'in'$a$, '22023 | a note has no direction "in" | It is in or out; a reply is in, and a note has none.'),
	($a$'facture', 'C1', 'call', outcome => 'happy'$a$, '42704 | outcome "happy" of contacts does not exist | SELECT code, label_en FROM dunning.contact_code WHERE about = ''outcome'' lists them; insert a row for one of your own.'),
	($a$'facture', 'C1', 'call', reason => 'reached'$a$, '42704 | reason "reached" of contacts does not exist | SELECT code, label_en FROM dunning.contact_code WHERE about = ''reason'' lists them; insert a row for one of your own.'),
	($a$'facture', 'C1', 'call', on_day => '9999-12-31'$a$, format('22023 | there was no contact on 9999-12-31 | Today is %s. | Give the day on which to call as next_on.', to_char(pg_temp.day(0), 'YYYY-MM-DD'))),
	($a$'facture', 'C1', 'call', next_on => '2020-01-01'$a$, format('22023 | the next call cannot be on 2020-01-01 | The contact is of %s. | Give the day of the next call as next_on, and its time as next_time if there is one.', to_char(pg_temp.day(0), 'YYYY-MM-DD'))),
	($a$'facture', 'C1', 'call', next_time => '10:00'$a$, format('22023 | the next call cannot be on NULL | The contact is of %s. | Give the day of the next call as next_on, and its time as next_time if there is one.', to_char(pg_temp.day(0), 'YYYY-MM-DD'))),
	($a$'facture', 'C1', 'call', promised => 5$a$, '22023 | what was promised, and for when? | Give promised and promised_for.'),
	($a$'facture', 'C1', 'call', dispute_category => 'QTE_ERR'$a$, '22023 | which item is in dispute? | Give the items; if only an amount is in dispute, give one item.'),
	($a$'facture', 'C1', 'call', items => '{1,2}', disputed => 5$a$, '22023 | which item is in dispute? | Give the items; if only an amount is in dispute, give one item.'),
	($a$'facture', 'C1', 'call', plan_number => 3$a$, '22023 | which items are paid by the plan, and from when? | Give items, plan_first_on, and plan_number or plan_each. Other plans are for dunning.agree_plan.'),
	($a$'facture', 'C1', 'call', source => ''$a$, '22023 | the source of a contact is a name, and its external_id a text of 1 to 1000 bytes | The source is person or a name of your own; leave external_id out if the source has none.'),
	($a$'facture', 'C1', 'call', reminders => '{-1}'$a$, '22023 | the reminders are not all of customer "C1" | SELECT reminder, item FROM dunning.reminder WHERE customer = ''C1'' AND state = ''pending'' lists his.'),
	-- what a consequence refuses
	($a$'facture', 'C1', 'call', promised => 5000, promised_for => '9990-01-01'$a$, format('22023 | customer "C1" cannot promise 5000: 1520.00 is open | On %s. | Promise what is open, or a part of it.', to_char(pg_temp.day(0), 'YYYY-MM-DD'))),
	($a$'facture', 'C1', 'call', items => '{1}', promised => 500, promised_for => '9990-01-01', dispute_category => 'NO_SUCH'$a$,
		'42704 | dispute category "NO_SUCH" does not exist | SELECT code, label_en FROM dunning.dispute_category lists them; insert a row for a category of your own.')) AS v (a, e);
SELECT is((SELECT count(*) FROM dunning.contact) + (SELECT count(*) FROM dunning.promise) + (SELECT count(*) FROM dunning.hold), 0::bigint, 'nothing of it is noted, the promise neither');

--
-- What is
--
SELECT dunning.log_contact('facture', 'C1', 'call', outcome => 'not_reached', at_time => '09:05') AS tried \gset
SELECT is((SELECT count(*) FROM dunning.reminder WHERE state = 'sent'), 0::bigint, 'a call that reached nobody takes no reminder');
SELECT dunning.log_contact('facture', 'C1', 'call', reason => 'no_funds', note => 'pays half at the end of the month', items => '{1}', with_whom => 'Mme Roux', at_time => '10:30',
	next_on => pg_temp.day(12), next_time => '14:00', promised => 400, promised_for => pg_temp.day(10), external_id => 'crm-1', source => 'crm') AS called \gset
SELECT is((SELECT concat_ws(' ', customer, items, company, kind, direction, on_day = pg_temp.day(0), at_time, with_whom, by_whom = session_user, outcome, reason, note, next_on - pg_temp.day(0), next_time, holds IS NULL, plan IS NULL) FROM dunning.contact WHERE contact = :called),
	'C1 {1} A call out t 10:30:00 Mme Roux t promised no_funds pays half at the end of the month 12 14:00:00 t t', 'a call, with all that was said');
SELECT is((SELECT concat_ws(' ', p.customer, p.items, p.amount, p.promised_for - pg_temp.day(0), p.promised_by, p.note, p.state) FROM dunning.contact AS c JOIN dunning.promises() AS p USING (promise) WHERE c.contact = :called),
	'C1 {1} 400 10 Mme Roux pays half at the end of the month open', 'it made the promise');
SELECT results_eq($$ SELECT item::text, state FROM dunning.worklist ORDER BY 1 $$, $$ VALUES ('1', 'scheduled'), ('2', 'scheduled'), ('3', 'scheduled'), ('4', 'scheduled') $$, 'of the item so much is held, and the rest goes on');
SELECT is((SELECT string_agg(concat_ws(' ', r.item, r.state, r.sent_on = pg_temp.day(0), r.reminder = ANY ((SELECT reminders FROM dunning.contact WHERE contact = :called)::bigint[])), ', ' ORDER BY r.item) FROM dunning.reminder AS r),
	'1 sent t t, 2 pending f, 3 pending f', 'and took the reminder of the item');
SELECT is(dunning.log_contact('facture', 'C1', 'call', items => '{1}', source => 'crm', external_id => 'crm-1'), :called::bigint, 'noted again it is the same');
SELECT is((SELECT count(*) FROM dunning.promise), 1::bigint, 'and so is what follows');
SELECT is(pg_temp.said($$ SELECT dunning.log_contact('facture', 'C2', 'call', source => 'crm', external_id => 'crm-1') $$),
	'23505 | another contact has the external_id "crm-1" of source "crm" | A contact does not change: cancel it, and note another under another external_id.', 'another one has another name');
SELECT dunning.log_contact('facture', NULL, 'reply', items => '{2}', disputed => 150, dispute_category => 'QTE_ERR', person_in_charge => 'Jean', answer_due_on => pg_temp.day(5), note => 'two boxes missing') AS disputed \gset
SELECT is((SELECT concat_ws(' ', c.customer, c.direction, c.outcome, c.reason, h.item, h.part, h.amount, h.currency, h.category, h.person_in_charge, h.reason, h.note, h.released_on) FROM dunning.contact AS c JOIN dunning.hold AS h ON h.hold = ANY (c.holds) WHERE c.contact = :disputed),
	'C1 in disputed dispute 2 1 150 EUR QTE_ERR Jean dispute two boxes missing', 'a reply disputes an amount');
SELECT is((SELECT state FROM dunning.reminder WHERE item = '2'), 'pending', 'a reply takes no reminder');
SELECT dunning.log_contact('facture', 'C2', 'meeting', 'in', plan_first_on => pg_temp.day(10), plan_number => 2, items => '{3}', reminders => (SELECT array_agg(reminder) FROM dunning.reminder WHERE item = '3'), by_whom => 'Anne') AS met \gset
SELECT is((SELECT concat_ws(' ', c.by_whom, c.outcome, p.amount, p.amounts, p.items, r.state) FROM dunning.contact AS c JOIN dunning.plan AS p USING (plan) JOIN dunning.reminder AS r ON r.reminder = ANY (c.reminders) WHERE c.contact = :met),
	'Anne plan_agreed 70.00 {35.00,35.00} {3} sent', 'a meeting agrees on a plan and takes the reminder that is named');
SELECT dunning.log_contact('facture', 'C1', 'note', note => 'their accountant changed') AS noted \gset
SELECT is((SELECT concat_ws(' ', direction, items, company, kind) FROM dunning.contact WHERE contact = :noted), 'note', 'a note has no direction, and is about the customer');
SELECT dunning.log_contact('facture', 'C1', 'email', items => '{1,2}', dispute_category => 'LIVR_INCOMP') AS whole \gset
SELECT is((SELECT cardinality(holds) FROM dunning.contact WHERE contact = :whole), 2, 'two items in dispute as a whole');

--
-- Mistakes
--
SELECT is(pg_temp.said(format('UPDATE dunning.contact SET note = ''x'' WHERE contact = %s', :called)), format('55000 | contact %1$s cannot be changed in this way | It is a fact: only its end is filled in, once. Changed: note. | Cancel it and note another: SELECT dunning.cancel_contact(%1$s, ...).', :called), 'a contact does not change');
SELECT alike(pg_temp.said('DELETE FROM dunning.contact'), '55000 | contact % cannot be deleted%', 'and stays');
SELECT is(pg_temp.said(format('SELECT dunning.cancel_contact(%s)', a)), e, a) FROM (VALUES ('-1, ''x''', 'P0002 | contact -1 does not exist | SELECT contact, customer, kind, on_day FROM dunning.contact lists them.'),
	('NULL, ''x''', 'P0002 | contact NULL does not exist | SELECT contact, customer, kind, on_day FROM dunning.contact lists them.'),
	(format('%s, '' ''', :called), '22023 | a reason is needed to cancel a contact | The history of a customer has to say why it does not count.')) AS v (a, e);
SELECT is(dunning.cancel_contact(:tried, 'other customer'), true, 'one is cancelled');
SELECT is(dunning.cancel_contact(:tried, 'again'), false, 'once');
SELECT is((SELECT concat_ws(' ', cancelled_at = now(), cancelled_by = session_user, cancel_reason) FROM dunning.contact WHERE contact = :tried), 't t other customer', 'by whom and why');
INSERT INTO dunning.contact_code (about, code, label_en, reached) VALUES ('outcome', 'sings', 'sings', true);
SELECT is(_dunning.code_label('outcome', c, l), e, c || ' ' || l) FROM (VALUES ('sings', 'fr', 'sings'), ('promised', 'fr', 'promesse de paiement'), ('promised', 'de', 'Zahlung zugesagt'), ('promised', 'nl', 'betaling toegezegd'), ('promised', 'it', 'promised to pay'), ('gone', 'en', 'gone')) AS v (c, l, e);
SELECT is((SELECT count(*) FROM dunning.contact_code WHERE shipped AND (label_fr IS NULL OR label_de IS NULL OR label_nl IS NULL OR source IS NULL)), 0::bigint, 'all shipped codes have four texts and a source');

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
SELECT is(pg_temp.said('SELECT count(*) FROM dunning.contact', 'dunning_sees'), '6', 'a viewer sees all');
SELECT is(pg_temp.said('SELECT string_agg(kind, '' '' ORDER BY contact) FROM dunning.contact', 'dunning_b'), 'call meeting note', 'who is limited to a company sees those of its items, and those about customers');
SELECT is(pg_temp.said($$ SELECT dunning.log_contact('facture', 'C2', 'call', outcome => 'promised', items => '{3}') > 0 $$, 'dunning_b'), 'true', 'and notes some of its items');
SELECT alike(pg_temp.said($$ SELECT dunning.log_contact('facture', 'C1', 'call', items => '{1}') $$, 'dunning_b'), '42501 | role "dunning_b" may not%', 'of no others');
SELECT alike(pg_temp.said($$ INSERT INTO dunning.contact (ledger, customer, items, company, kind, on_day, by_whom) VALUES ('facture', 'C1', '{1}', 'B', 'note', '2026-01-01', 'x') $$, 'dunning_b'), '42501 | item "1" of ledger "facture" is not of company "B"%', 'under no other company either');
SELECT is(pg_temp.said($$ SELECT dunning.log_contact('facture', 'C1', 'call', promised => 5, promised_for => '9990-01-01', items => '{4}', next_on => '9990-01-02') > 0 $$, 'dunning_all'), 'true', 'a collector notes all');
SELECT is(pg_temp.said(format('SELECT dunning.cancel_contact(%s, ''x'')', :called), 'dunning_all'), 'true', 'and cancels');
SELECT alike(pg_temp.said(format('SELECT dunning.cancel_contact(%s, ''x'')', :whole), 'dunning_b'), 'P0002 | contact % does not exist%', 'but what others see');
SELECT is(pg_temp.said('SELECT count(*) > 5 FROM dunning.contact_log(''facture'', ''C1'')', 'dunning_sees'), 'true', 'a viewer reads the log');
SELECT is(pg_temp.said('SELECT string_agg(DISTINCT kind, '' '' ORDER BY kind) FROM dunning.contact_log(''facture'', ''C1'')', 'dunning_b'), 'contact', 'who is limited to another company sees the contacts about the customer only');
SELECT alike(pg_temp.said(a, 'dunning_sees'), '42501 | permission denied%', 'a viewer may not: ' || a) FROM (VALUES ('SELECT dunning.log_contact(''facture'', ''C1'', ''call'')'), ('SELECT dunning.cancel_contact(1, ''x'')')) AS v (a);

SELECT * FROM finish();
ROLLBACK;
