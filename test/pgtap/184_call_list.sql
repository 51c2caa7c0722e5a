-- The call list: who is on it, why, and what the caller has before him.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();
SET LOCAL dunning.time_zone = 'UTC';
CREATE FUNCTION pg_temp.day(n integer) RETURNS date LANGUAGE sql AS 'SELECT (pg_catalog.now() AT TIME ZONE ''UTC'')::date + n';

CREATE TABLE client (id text PRIMARY KEY, nom text, tel text, langue text);
CREATE TABLE facture (id integer PRIMARY KEY, client text REFERENCES client, date_facture date, date_echeance date, total numeric, devise text);
CREATE TABLE reglement (id integer GENERATED ALWAYS AS IDENTITY, facture integer, montant numeric, date_reglement date);
INSERT INTO client VALUES ('C1', 'Durand & Fils', '+33 4 99 00 56 78', 'fr'), ('C2', 'Smith', '+44 20 7946 0000', 'en'), ('C3', 'Meyer', '+49 30 1', 'de'), ('C4', 'Early', '5', 'en'), ('C5', 'Gone', '6', 'en'), ('C6', 'Planned', '7', 'en');
INSERT INTO facture VALUES (1, 'C1', pg_temp.day(-60), pg_temp.day(-20), 1000.00, 'EUR'), (2, 'C1', pg_temp.day(-40), pg_temp.day(-2), 500.00, 'EUR'), (3, 'C2', pg_temp.day(-60), pg_temp.day(-20), 70.00, 'EUR'),
	(4, 'C3', pg_temp.day(-60), pg_temp.day(-20), 7000.00, 'EUR'), (5, 'C4', pg_temp.day(-60), pg_temp.day(20), 5.00, 'EUR'), (6, 'C5', pg_temp.day(-60), pg_temp.day(-20), 6.00, 'EUR'), (7, 'C6', pg_temp.day(-60), pg_temp.day(-3), 6.00, 'EUR');
INSERT INTO reglement (facture, montant, date_reglement) VALUES (1, 100, pg_temp.day(-1));
INSERT INTO dunning.procedure (name, procedure) VALUES ('call', '10 phone "Call" manual; 30 letter');
SELECT FROM dunning.adopt('facture', columns => '{"key": "id", "customer": "client", "issued_on": "date_facture", "due_on": "date_echeance", "amount": "total", "currency": "devise",
	"payments": {"table": "reglement", "item": "facture", "amount": "montant", "date": "date_reglement"}, "customers": {"table": "client", "key": "id", "name": "nom", "phone": "tel", "language": "langue"}}', procedure => 'call') \g /dev/null
SELECT dunning.save_recipient('facture', 'C2', 'John Smith', phone => '+44 20 7946 0001') \g /dev/null
SELECT dunning.hand_over('facture', '{6}', 'Me Roux', 'bailiff') \g /dev/null
SELECT dunning.log_contact('facture', 'C1', 'call', outcome => 'not_reached', by_whom => 'paul', on_day => pg_temp.day(-5 + n)) FROM generate_series(1, 4) AS n \g /dev/null
SELECT dunning.log_contact('facture', 'C1', 'call', reason => 'no_funds', note => 'asks for patience', on_day => pg_temp.day(-1), outcome => 'call_back', next_on => pg_temp.day(0), next_time => '10:30', by_whom => 'anne', reminders => '{}') AS appointed \gset
SELECT dunning.log_contact('facture', 'C4', 'reply', on_day => pg_temp.day(-3), next_on => pg_temp.day(-1)) \g /dev/null
-- an appointment that was kept, and one to come
SELECT dunning.log_contact('facture', 'C6', 'call', on_day => pg_temp.day(-3), next_on => pg_temp.day(-2)), dunning.log_contact('facture', 'C6', 'meeting', on_day => pg_temp.day(-2), next_on => pg_temp.day(4)) \g /dev/null
SELECT dunning.run_reminders(ledger => 'facture') \g /dev/null
SELECT is((SELECT string_agg(item::text, ' ' ORDER BY item) FROM dunning.reminder WHERE state = 'pending'), '1 3 4', 'three calls are pending');

SELECT results_eq($$ SELECT customer::text, why, phone, contact_name, language, currency, overdue, appointment_on - pg_temp.day(0), appointment_time, cardinality(reminders), jsonb_array_length(contacts), problem FROM dunning.call_list() $$,
	$$ VALUES ('C4', 'appointment', '5', NULL, 'en', 'EUR', 0::numeric, -1, NULL::time, NULL::integer, 1, NULL::text), ('C1', 'appointment', '+33 4 99 00 56 78', NULL, 'fr', 'EUR', 1400.00, 0, '10:30', 1, 3, NULL),
		('C3', 'reminder', '+49 30 1', NULL, 'en', 'EUR', 7000.00, NULL, NULL, 1, NULL, NULL), ('C2', 'reminder', '+44 20 7946 0001', 'John Smith', 'en', 'EUR', 70.00, NULL, NULL, 1, NULL, NULL) $$,
	'whom to call: the appointments first, then what is worth most; nobody whom a bailiff follows');
SELECT results_eq($$ SELECT i ->> 'reference', (i ->> 'open_amount')::numeric, (i ->> 'days_past_due')::integer FROM dunning.call_list() AS c, jsonb_array_elements(c.items) AS i WHERE c.customer = 'C1' $$, $$ VALUES ('1', 900.00, 20), ('2', 500.00, 2) $$, 'what is open');
SELECT results_eq($$ SELECT c ->> 'outcome', c ->> 'note', c ->> 'by_whom' FROM dunning.call_list() AS r, jsonb_array_elements(r.contacts) WITH ORDINALITY AS c (c, n) WHERE r.customer = 'C1' ORDER BY n LIMIT 2 $$,
	$$ VALUES ('call_back', 'asks for patience', 'anne'), ('not_reached', NULL, 'paul') $$, 'the last contacts, the latest first');
SELECT matches(script, e, 'the script: ' || e) FROM dunning.call_list() AS c, (VALUES ('Durand & Fils \(C1\)'), ('Rendez-vous : [0-9/]+ 10:30'), ('Total : 1.400,00.€'), ('\(appel téléphonique\) : à rappeler, difficultés de trésorerie, asks for patience'), ('Vérifier que les factures')) AS v (e) WHERE customer = 'C1';
SELECT matches(script, 'To call: John Smith \+44 20 7946 0001') FROM dunning.call_list() WHERE customer = 'C2';
SELECT dunning.promise_to_pay('facture', 'C1', 300, pg_temp.day(-10), promised_on => pg_temp.day(-15)) \g /dev/null
SELECT matches(script, 'Promesse de 300,00.€ pour le [0-9/]+ : non tenue') FROM dunning.call_list() WHERE customer = 'C1';

--
-- Other days, other owners
--
SELECT is((SELECT string_agg(customer || ' ' || why, ', ') FROM dunning.call_list(as_of => pg_temp.day(4)) WHERE customer = 'C6'), 'C6 appointment', 'an appointment to come is there on its day');
SELECT is((SELECT string_agg(customer || ' ' || why, ', ') FROM dunning.call_list(as_of => pg_temp.day(-2))), 'C3 step, C1 step, C2 step, C5 step', 'on an earlier day, what was due then');
SELECT dunning.log_contact('facture', 'C1', 'call', outcome => 'reached') \g /dev/null
SELECT is((SELECT string_agg(customer::text, ' ') FROM dunning.call_list()), 'C4 C3 C2', 'a call that was made takes the customer from the list');
SELECT dunning.assign('facture', 'owner', 'anna', customer => 'C3') \g /dev/null
SELECT is((SELECT string_agg(customer || coalesce(' ' || owner, ''), ', ') FROM dunning.call_list()), 'C4, C3 anna, C2', 'with the owner');
SELECT is((SELECT string_agg(customer::text, ' ') FROM dunning.call_list('anna')), 'C3', 'my own list');
SELECT is((SELECT count(*) FROM dunning.call_list('paul')), 0::bigint, 'nobody else has one');
SELECT is((SELECT count(*) FROM dunning.call_list(ledger => 'facture')), 3::bigint, 'of one ledger');
SELECT throws_ok($$ SELECT * FROM dunning.call_list(ledger => 'nowhere') $$, '42704', 'ledger "nowhere" does not exist', 'of none');
SELECT throws_ok($$ SELECT * FROM dunning.call_list(as_of => 'infinity') $$, '22023', 'no call list is possible on infinity', 'on no day');

--
-- One that fails
--
SELECT dunning.save_template('call_script', 'en', '{{call.appointment}}{{customer.name}}', kind => 'script') \g /dev/null
UPDATE dunning.template SET body = '{{items}}' WHERE NOT shipped AND name = 'call_script';
SELECT is((SELECT string_agg(customer || ' ' || (script IS NULL) || ' ' || (problem IS NOT NULL), ', ') FROM dunning.call_list()), 'C4 true true, C3 true true, C2 true true', 'a script that fails leaves the list as it is, with the problem');

CREATE ROLE dunning_sees;
GRANT SELECT ON client, facture, reglement TO dunning_sees;
GRANT USAGE ON SCHEMA public TO dunning_sees;
SELECT FROM dunning.grant_access('dunning_sees', 'viewer');
DELETE FROM dunning.template WHERE NOT shipped;
SET LOCAL ROLE dunning_sees;
SELECT is((SELECT count(*) || ' ' || count(script) FROM dunning.call_list()), '3 3', 'a viewer reads it');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
