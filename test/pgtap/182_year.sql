-- A customer's year, from the courtesy note to the bailiff, through public functions: his file at the end equals what a credit manager would write by hand.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();
SET LOCAL dunning.time_zone = 'UTC';

-- Durand & Fils, 2025: four invoices, 12 % a year by contract and 40 EUR
CREATE TABLE client (id text PRIMARY KEY, nom text, email text, tel text, langue text);
CREATE TABLE facture (id text PRIMARY KEY, client text REFERENCES client, date_facture date, date_echeance date, total numeric, devise text DEFAULT 'EUR');
CREATE TABLE reglement (id integer GENERATED ALWAYS AS IDENTITY, facture text, montant numeric, date_reglement date);
INSERT INTO client VALUES ('C-7', 'Durand & Fils', 'compta@durand.example', '+33 4 99 00 56 78', 'fr'), ('C-8', 'Other', NULL, NULL, 'en');
INSERT INTO facture VALUES ('F-1', 'C-7', '2025-01-02', '2025-02-01', 1000.00), ('F-2', 'C-7', '2025-02-03', '2025-03-05', 2000.00),
	('F-3', 'C-7', '2025-03-01', '2025-03-31', 600.00), ('F-4', 'C-7', '2025-12-01', '2026-06-30', 50.00), ('G-1', 'C-8', '2025-01-02', '2025-02-01', 5.00);
INSERT INTO dunning.rule (name, rule) VALUES ('twelve', '12.00%; compensation 40.00 EUR if professional');
INSERT INTO dunning.procedure (name, procedure) VALUES ('year', '-5 email "Courtesy"; 5 email "Reminder"; 15 phone "Call" manual; 30 registered_letter "Formal notice" manual; wait 5');
SELECT FROM dunning.adopt('facture', columns => '{"key": "id", "customer": "client", "issued_on": "date_facture", "due_on": "date_echeance", "amount": "total", "currency": "devise",
	"payments": {"table": "reglement", "item": "facture", "amount": "montant", "date": "date_reglement"}, "customers": {"table": "client", "key": "id", "name": "nom", "email": "email", "phone": "tel", "language": "langue"}}',
	procedure => 'year', rule => 'twelve') \g /dev/null

-- a night: the run, and whatever it raised by e-mail goes out
CREATE FUNCTION pg_temp.night(day date) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM dunning.run_reminders(day, 'facture');
	PERFORM dunning.mark_reminder_sent(reminder, day) FROM dunning.reminder WHERE state = 'pending' AND channel = 'email' AND customer = 'C-7';
	RETURN (SELECT string_agg(concat_ws(' ', item, channel, state), ', ' ORDER BY item) FROM dunning.reminder WHERE raised_on = day AND customer = 'C-7' AND state <> 'cancelled');
END $$;
-- the courtesy note, a reminder, a call, a promise that is kept
SELECT is(pg_temp.night('2025-01-27'), 'F-1 email sent', 'the courtesy note');
SELECT is(pg_temp.night('2025-02-06'), 'F-1 email sent', 'the first reminder');
SELECT is(pg_temp.night('2025-02-16'), 'F-1 phone pending', 'a call is to be made');
SELECT dunning.log_contact('facture', 'C-7', 'call', reason => 'payment_run', note => 'in the run of the end of the month', items => '{F-1}', with_whom => 'Paul Durand', by_whom => 'anne', on_day => '2025-02-17', at_time => '10:30',
	next_on => '2025-03-01', promised => 1000, promised_for => '2025-02-28') \g /dev/null
INSERT INTO reglement (facture, montant, date_reglement) VALUES ('F-1', 1000.00, '2025-02-27');
-- half of the next invoice in dispute, and a promise that is broken
SELECT is(pg_temp.night('2025-02-28'), 'F-2 email sent', 'the courtesy note of the second invoice');
SELECT is(pg_temp.night('2025-03-10'), 'F-2 email sent', 'its first reminder');
SELECT dunning.log_contact('facture', NULL, 'reply', note => 'half of the boxes are missing', items => '{F-2}', by_whom => 'anne', on_day => '2025-03-12', disputed => 1000, dispute_category => 'QTE_ERR', person_in_charge => 'jean') \g /dev/null
SELECT is(pg_temp.night('2025-03-20'), 'F-2 phone pending', 'a call about the rest');
SELECT is((SELECT open_amount - held_amount FROM dunning.reminder WHERE item = 'F-2' AND state = 'pending'), 1000.00, 'which is half');
SELECT dunning.log_contact('facture', 'C-7', 'call', reason => 'no_funds', items => '{F-2}', with_whom => 'Paul Durand', by_whom => 'anne', on_day => '2025-03-21', at_time => '09:00', promised => 1000, promised_for => '2025-03-31') \g /dev/null
SELECT is(pg_temp.night('2025-03-26'), 'F-3 email sent', 'the courtesy note of the third invoice');
SELECT is(pg_temp.night('2025-04-05'), 'F-2 registered_letter pending, F-3 email sent', 'the promise was broken: the formal notice is to be written');
-- the dispute is settled, and a plan fails
SELECT dunning.resolve_dispute(hold, 'customer_wrong', '2025-04-07', reason => 'the boxes were signed for') FROM dunning.hold WHERE reason = 'dispute' \g /dev/null
SELECT dunning.log_contact('facture', 'C-7', 'meeting', items => '{F-2,F-3}', with_whom => 'Paul Durand', by_whom => 'anne', on_day => '2025-04-08', plan_first_on => '2025-04-30', plan_number => 2, reminders => '{}') \g /dev/null
INSERT INTO reglement (facture, montant, date_reglement) VALUES ('F-2', 1300.00, '2025-04-30');
SELECT is(pg_temp.night('2025-05-10'), NULL, 'while the plan is kept nothing is raised');
SELECT is((SELECT string_agg(item::text, ' ') FROM dunning.reminder WHERE state = 'pending' AND customer = 'C-7'), NULL, 'and the notice is withdrawn');
SELECT is(pg_temp.night('2025-06-05'), 'F-2 registered_letter pending, F-3 phone pending', 'the second instalment was not paid: the ladder goes on');
-- the formal notices
SELECT dunning.log_contact('facture', 'C-7', 'call', outcome => 'not_reached', by_whom => 'anne', on_day => '2025-06-06', at_time => '11:00', next_on => '2025-06-07') \g /dev/null
SELECT dunning.log_contact('facture', 'C-7', 'call', outcome => 'refused', by_whom => 'anne', on_day => '2025-06-07', at_time => '11:15') \g /dev/null
SELECT dunning.mark_reminder_sent(reminder, '2025-06-08') FROM dunning.reminder WHERE state = 'pending' AND channel = 'registered_letter' AND customer = 'C-7' \g /dev/null
SELECT is(pg_temp.night('2025-06-12'), 'F-3 registered_letter pending', 'the notice of the third invoice');
SELECT dunning.mark_reminder_sent(reminder, '2025-06-13') FROM dunning.reminder WHERE state = 'pending' AND channel = 'registered_letter' AND customer = 'C-7' \g /dev/null
SELECT FROM dunning.claim_penalties('2025-06-30', 'facture') \g /dev/null
-- the bailiff
SELECT dunning.hand_over('facture', '{F-2,F-3}', 'Me Roux', 'bailiff', '2025-07-15', 'R-77', 'no answer') \g /dev/null
INSERT INTO reglement (facture, montant, date_reglement) VALUES ('F-2', 300.00, '2025-09-01');
SELECT dunning.note_handover_return(handover, 300, 45, '2025-09-02') FROM dunning.handover WHERE item = 'F-2' \g /dev/null
SELECT is(pg_temp.night('2025-12-31'), NULL, 'what is handed over is not reminded');

-- The file as it was written by hand: 1,000.00 at 12 % for 26 days are 8.55, 2,000.00 for 56 days and 700.00 for 61 days 50.86, 600.00 for 91 days 17.95.
CREATE TEMP TABLE written (n integer, on_day date, kind text, en text, fr text, amount numeric, item text);
INSERT INTO written VALUES
	(1, '2025-01-27', 'reminder', 'Reminder 1, e-mail "Courtesy", of F-1: sent', 'Relance 1, e-mail « Courtesy », de F-1 : envoyée', 1000.00, 'F-1'),
	(2, '2025-02-06', 'reminder', 'Reminder 2, e-mail "Reminder", of F-1: sent', 'Relance 2, e-mail « Reminder », de F-1 : envoyée', 1000.00, 'F-1'),
	(3, '2025-02-17', 'reminder', 'Reminder 3, telephone call "Call", of F-1: sent', 'Relance 3, appel téléphonique « Call », de F-1 : envoyée', 1000.00, 'F-1'),
	(4, '2025-02-17', 'contact', 'Call to the customer (Paul Durand): promised to pay, pays on his next payment run, in the run of the end of the month, next call on 1 March 2025 [F-1]', 'Appel au client (Paul Durand) : promesse de paiement, attend sa prochaine campagne de paiement, in the run of the end of the month, à rappeler le 01/03/2025 [F-1]', NULL, 'F-1'),
	(5, '2025-02-17', 'promise', 'Promise of €1,000.00 for 28 February 2025 [F-1]', 'Promesse de 1 000,00 € pour le 28/02/2025 [F-1]', 1000, 'F-1'),
	(6, '2025-02-27', 'payment', 'Payment of F-1', 'Règlement de F-1', 1000.00, 'F-1'),
	(7, '2025-02-27', 'promise', 'Promise of €1,000.00: kept [F-1]', 'Promesse de 1 000,00 € : tenue [F-1]', 1000.00, 'F-1'),
	(8, '2025-02-28', 'reminder', 'Reminder 1, e-mail "Courtesy", of F-2: sent', 'Relance 1, e-mail « Courtesy », de F-2 : envoyée', 2000.00, 'F-2'),
	(9, '2025-03-10', 'reminder', 'Reminder 2, e-mail "Reminder", of F-2: sent', 'Relance 2, e-mail « Reminder », de F-2 : envoyée', 2000.00, 'F-2'),
	(10, '2025-03-12', 'contact', 'Reply: disputes the invoice, disputes the goods or the service, half of the boxes are missing [F-2]', 'Réponse : facture contestée, conteste la marchandise ou la prestation, half of the boxes are missing [F-2]', NULL, 'F-2'),
	(11, '2025-03-12', 'dispute', 'Hold: Dispute: Wrong quantity (half of the boxes are missing) [F-2]', 'Suspension : Litige : Quantité erronée (half of the boxes are missing) [F-2]', 1000, 'F-2'),
	(12, '2025-03-21', 'reminder', 'Reminder 3, telephone call "Call", of F-2: sent', 'Relance 3, appel téléphonique « Call », de F-2 : envoyée', 1000.00, 'F-2'),
	(13, '2025-03-21', 'contact', 'Call to the customer (Paul Durand): promised to pay, short of money [F-2]', 'Appel au client (Paul Durand) : promesse de paiement, difficultés de trésorerie [F-2]', NULL, 'F-2'),
	(14, '2025-03-21', 'promise', 'Promise of €1,000.00 for 31 March 2025 [F-2]', 'Promesse de 1 000,00 € pour le 31/03/2025 [F-2]', 1000, 'F-2'),
	(15, '2025-03-26', 'reminder', 'Reminder 1, e-mail "Courtesy", of F-3: sent', 'Relance 1, e-mail « Courtesy », de F-3 : envoyée', 600.00, 'F-3'),
	(16, '2025-04-01', 'promise', 'Promise of €1,000.00: broken [F-2]', 'Promesse de 1 000,00 € : non tenue [F-2]', 0.00, 'F-2'),
	(17, '2025-04-05', 'reminder', 'Reminder 2, e-mail "Reminder", of F-3: sent', 'Relance 2, e-mail « Reminder », de F-3 : envoyée', 600.00, 'F-3'),
	(18, '2025-04-07', 'dispute', 'Hold released: Dispute: Wrong quantity (the boxes were signed for) [F-2]', 'Suspension levée : Litige : Quantité erronée (the boxes were signed for) [F-2]', NULL, 'F-2'),
	(19, '2025-04-08', 'contact', 'Meeting (Paul Durand): agreed to a payment plan [F-2, F-3]', 'Rendez-vous (Paul Durand) : échéancier accordé [F-2, F-3]', NULL, NULL),
	(20, '2025-04-08', 'plan', 'Payment plan of €2,600.00 in 2 instalments, the first on 30 April 2025 [F-2, F-3]', 'Échéancier de 2 600,00 € en 2 échéances, la première le 30/04/2025 [F-2, F-3]', 2600.00, NULL),
	(21, '2025-04-30', 'payment', 'Payment of F-2', 'Règlement de F-2', 1300.00, 'F-2'),
	(22, '2025-05-31', 'plan', 'Payment plan of €2,600.00: broken [F-2, F-3]', 'Échéancier de 2 600,00 € : rompu [F-2, F-3]', 1300.00, NULL),
	(23, '2025-06-06', 'contact', 'Call to the customer: nobody was reached, next call on 7 June 2025', 'Appel au client : injoignable, à rappeler le 07/06/2025', NULL, NULL),
	(24, '2025-06-07', 'reminder', 'Reminder 3, telephone call "Call", of F-3: sent', 'Relance 3, appel téléphonique « Call », de F-3 : envoyée', 600.00, 'F-3'),
	(25, '2025-06-07', 'contact', 'Call to the customer: refuses to pay', 'Appel au client : refus de payer', NULL, NULL),
	(26, '2025-06-08', 'reminder', 'Reminder 4, registered letter "Formal notice", of F-2: sent', 'Relance 4, lettre recommandée « Formal notice », de F-2 : envoyée', 700.00, 'F-2'),
	(27, '2025-06-13', 'reminder', 'Reminder 4, registered letter "Formal notice", of F-3: sent', 'Relance 4, lettre recommandée « Formal notice », de F-3 : envoyée', 600.00, 'F-3'),
	(28, '2025-06-30', 'claim', 'Compensation on F-1, through 2 February 2025', 'Indemnité forfaitaire de F-1, jusqu''au 02/02/2025', 40.00, 'F-1'),
	(29, '2025-06-30', 'claim', 'Late interest on F-1, through 27 February 2025', 'Intérêts de retard de F-1, jusqu''au 27/02/2025', 8.55, 'F-1'),
	(30, '2025-06-30', 'claim', 'Compensation on F-2, through 6 March 2025', 'Indemnité forfaitaire de F-2, jusqu''au 06/03/2025', 40.00, 'F-2'),
	(31, '2025-06-30', 'claim', 'Late interest on F-2, through 30 June 2025', 'Intérêts de retard de F-2, jusqu''au 30/06/2025', 50.86, 'F-2'),
	(32, '2025-06-30', 'claim', 'Compensation on F-3, through 1 April 2025', 'Indemnité forfaitaire de F-3, jusqu''au 01/04/2025', 40.00, 'F-3'),
	(33, '2025-06-30', 'claim', 'Late interest on F-3, through 30 June 2025', 'Intérêts de retard de F-3, jusqu''au 30/06/2025', 17.95, 'F-3'),
	(34, '2025-07-15', 'handover', 'Handed over: bailiff (Me Roux), R-77 (no answer) [F-2]', 'Transmis : commissaire de justice (Me Roux), R-77 (no answer) [F-2]', 700.00, 'F-2'),
	(35, '2025-07-15', 'handover', 'Handed over: bailiff (Me Roux), R-77 (no answer) [F-3]', 'Transmis : commissaire de justice (Me Roux), R-77 (no answer) [F-3]', 600.00, 'F-3'),
	(36, '2025-09-01', 'payment', 'Payment of F-2', 'Règlement de F-2', 300.00, 'F-2'),
	(37, '2025-09-02', 'handover', 'Cashed by bailiff (Me Roux), fee €45.00 [F-2]', 'Encaissé par commissaire de justice (Me Roux), frais 45,00 € [F-2]', 300, 'F-2');
-- the space of French amounts
UPDATE written SET fr = regexp_replace(regexp_replace(fr, '(\d) (\d{3},)', '\1' || U&'\00A0' || '\2'), ' €', U&'\00A0€', 'g');
CREATE FUNCTION pg_temp.differs(language text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' | ', coalesce(w.n, l.n), w.on_day, l.on_day, w.kind, l.kind, w.what, l.what, w.amount, l.amount, w.item, l.item)
	FROM (SELECT *, CASE language WHEN 'fr' THEN fr ELSE en END AS what FROM written) AS w
	FULL JOIN (SELECT row_number() OVER () AS n, r.* FROM dunning.contact_log('facture', 'C-7', '2025-01-01', '2025-12-31', language) AS r) AS l ON l.n = w.n
	WHERE (w.on_day, w.kind, w.what, w.amount, w.item) IS DISTINCT FROM (l.on_day, l.kind, l.what, l.amount, l.item::text)
$$;
SELECT is_empty($$ SELECT pg_temp.differs('en') $$, 'the year in English');
SELECT is_empty($$ SELECT pg_temp.differs('fr') $$, 'and in French');
SELECT is((SELECT string_agg(at_time || ' ' || by_whom, ', ') FROM dunning.contact_log('facture', 'C-7') WHERE at_time IS NOT NULL AND kind = 'contact'), '10:30:00 anne, 09:00:00 anne, 11:00:00 anne, 11:15:00 anne', 'the times of the calls, and who made them');
SELECT is((SELECT count(*) || ' ' || min(on_day) || ' ' || max(on_day) FROM dunning.contact_log('facture', 'C-7', '2025-03-12', '2025-04-08')), '11 2025-03-12 2025-04-08', 'the days of a part of it, both counted');
SELECT is((SELECT string_agg(kind || ' ' || item, ', ') FROM dunning.contact_log('facture', 'C-8')), 'claim G-1, claim G-1', 'another customer has his own');
SELECT is((SELECT count(*) FROM dunning.contact_log('facture', NULL)), 0::bigint, 'nobody has none');
SELECT throws_ok($$ SELECT * FROM dunning.contact_log('facture', 'C-7', language => 'it') $$, '22023', 'language "it" is not known', 'another language');
SELECT throws_ok($$ SELECT * FROM dunning.contact_log('nowhere', 'C-7') $$, '42704', 'ledger "nowhere" does not exist', 'another ledger');
SELECT is((SELECT sum(open_amount) FROM dunning.open_item WHERE customer = 'C-7' AND item IN ('F-2', 'F-3')), 1000.00, 'what the bailiff has stays in the balance');

SELECT * FROM finish();
ROLLBACK;
