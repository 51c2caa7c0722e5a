-- States of electronic invoices: what suspends and completes, in every order; what is announced; what is to be reported as cashed.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL dunning.time_zone = 'UTC';
SELECT no_plan();

CREATE TABLE facture (id integer PRIMARY KEY, client integer, issued_on date, due_on date, amount numeric, tva numeric, services boolean, societe text);
CREATE TABLE paiement (facture integer, jour date, montant numeric, tva numeric, argent boolean);
CREATE INDEX ON paiement (facture);
INSERT INTO facture SELECT k, k % 3, '2026-09-10', '2026-10-10', 1200, 20, CASE k WHEN 7 THEN false WHEN 8 THEN NULL ELSE true END, CASE WHEN k % 2 = 0 THEN 'A' ELSE 'B' END FROM generate_series(1, 40) AS k;
SELECT FROM dunning.adopt('facture', rule => NULL, columns => '{"key": "id", "customer": "client", "company": "societe", "currency": "EUR", "vat_rate": "tva", "vat_on_receipt": "services",
	"payments": {"table": "paiement", "item": "facture", "date": "jour", "amount": "montant", "vat_rate": "tva", "cashed": "argent"}}') \g /dev/null

--
-- Every order in which up to three events of two days can be told.  The first answer is
-- worked out by hand: the number of holds in force on the day after.
--
CREATE TABLE story (item integer PRIMARY KEY, told text[], held integer);
INSERT INTO story VALUES
	(1, '{208 1}', 1), (2, '{209 1}', 0), (3, '{208 1,209 1}', 0), (4, '{209 1,208 1}', 0), (5, '{208 1,209 2}', 0), (6, '{209 2,208 1}', 0), (9, '{208 2,209 1}', 1), (10, '{209 1,208 2}', 1),
	-- suspended again on the day on which it was completed
	(11, '{208 1,209 1,208 1}', 1), (12, '{209 1,208 1,208 1}', 1), (13, '{208 1,209 2,208 2}', 1), (14, '{209 2,208 1,208 2}', 1), (15, '{208 1,208 2,209 2}', 0),
	-- completed twice
	(16, '{209 1,209 1,208 1}', 0), (17, '{208 1,209 1,209 2}', 0), (18, '{209 2,209 1,208 1}', 0), (19, '{209 1,209 1,208 1,208 1}', 0), (20, '{208 1,208 1,209 1}', 0);
SELECT (SELECT count(*) FROM unnest(s.told) WITH ORDINALITY AS t (what, n)
	CROSS JOIN LATERAL dunning.einvoice_event('facture', s.item::text::dunning.item_key, split_part(t.what, ' ', 1), date '2026-09-20' + split_part(t.what, ' ', 2)::integer, external_id => s.item || '/' || t.n))
FROM story AS s ORDER BY s.item \g /dev/null
SELECT is((SELECT count(*) FROM dunning.hold_as_of('2026-09-25') AS h WHERE h.item = s.item::text::dunning.item_key)::integer, s.held, s.told::text) FROM story AS s ORDER BY s.item;
SELECT is((SELECT string_agg(concat_ws(' ', l.code, l.done, l.message), ', ' ORDER BY l.event) FROM dunning.einvoice_log AS l WHERE l.item = '4'),
	'209 released, 208 held it was completed on 2026-09-21, which was noted before', 'what was completed first says so afterwards');
SELECT is((SELECT string_agg(l.turn::text, ',' ORDER BY l.event) FROM dunning.einvoice_log AS l WHERE l.item = '19'), '1,2,3,4', 'the events are counted');

--
-- 211: a payment was sent, which is a promise for the day and five days after it
--
SELECT is((SELECT concat_ws(' ', done, amount, message) FROM dunning.einvoice_event('facture', '21', '211', '2026-10-12', amount => 500, currency => 'EUR', external_id => 'a1')), 'promised 500', 'a payment is announced');
SELECT is((SELECT done FROM dunning.einvoice_event('facture', '21', '211', '2026-10-12', amount => 500, currency => 'EUR', external_id => 'a1')), 'promised', 'and told again');
SELECT is((SELECT concat_ws(' ', done, message) FROM dunning.einvoice_event('facture', '29', '211', '2026-10-12', external_id => 'a2')), 'promised the amount that the customer pays is missing', 'and without an amount, too');
SELECT is((SELECT concat_ws(' ', done, message) FROM dunning.einvoice_event('facture', '30', '211', '2026-10-12', amount => 1300, external_id => 'a3')), 'promised only 1200 was open of the item', 'or with too much');
SELECT is((SELECT concat_ws(' ', done, message) FROM dunning.einvoice_event('facture', '31', '211', '2026-10-12', amount => 5, currency => 'USD', external_id => 'a4')), 'promised no promise is noted: the item is in EUR', 'or in another currency');
SELECT is((SELECT concat_ws(' ', done, message) FROM dunning.einvoice_event('facture', '31', '211', '2026-09-10', external_id => 'a5')), 'promised the amount that the customer pays is missing; no promise is noted: nothing was open of the item on 2026-09-09', 'or of an item that was not there');
INSERT INTO paiement VALUES (21, '2026-10-12', 500, NULL, NULL), (29, '2026-10-18', 1200, NULL, NULL);
CREATE TABLE announced AS SELECT p.items::text, p.amount, p.promised_on, p.last_on, p.state, p.paid FROM dunning.promises('2026-10-20') AS p;
SELECT set_eq('TABLE announced', $$ VALUES ('{21}', 500, date '2026-10-11', date '2026-10-17', 'kept', 500), ('{29}', 1200, '2026-10-11', '2026-10-17', 'broken', 0), ('{30}', 1200, '2026-10-11', '2026-10-17', 'broken', 0) $$, 'a payment of the day counts, one after five days does not');
SELECT set_eq($$ SELECT h.item::text, h.reason, h.amount, h.until_day FROM dunning.hold_as_of('2026-10-15') AS h WHERE h.item IN ('21', '29', '30') $$,
	$$ VALUES ('21', 'promise', 500, date '2026-10-17'), ('29', 'promise', NULL, '2026-10-17'), ('30', 'promise', NULL, '2026-10-17') $$, 'meanwhile it is held, of a part so much');
SELECT results_eq($$ SELECT l.external_id, l.promise = p.promise FROM dunning.einvoice_log AS l JOIN dunning.promise AS p ON p.source = l.source AND p.external_id = l.external_id ORDER BY 1 $$, $$ VALUES ('a1', true), ('a2', true), ('a3', true) $$, 'the event names its promise');
SELECT results_eq($$ SELECT about, on_day, replace(what, chr(160), ' ') FROM dunning.why('facture', '31', '2026-10-15') WHERE about = 'announced' $$,
	$$ VALUES ('announced', date '2026-09-10', 'The customer announced a payment (state 211)'), ('announced', '2026-10-12', 'The customer announced a payment of USD 5.00 (state 211)') $$, 'why tells what is no promise');
SELECT matches((SELECT string_agg(what, '; ' ORDER BY nth) FROM dunning.why('facture', '31', '2026-10-15', 'fr') WHERE about = 'announced'), 'Le client a annoncé un paiement de 5,00.USD \(statut 211\)$', 'in French');
DELETE FROM paiement;

--
-- 212: what was cashed
--
CREATE VIEW to_report AS SELECT item::text, paid_on, vat_rate, amount, currency, open_amount, reported, problem FROM dunning.to_report_cashed(as_of => '2026-11-30');
SELECT is_empty('TABLE to_report', 'nothing was paid');
INSERT INTO paiement VALUES (22, '2026-10-05', 600, NULL, NULL), (22, '2026-10-06', 100, NULL, true), (22, '2026-10-06', 50, 10, true), (22, '2026-10-06', 25.5, NULL, true),
	(23, '2026-10-05', 200, NULL, false), (24, '2026-12-01', 300, NULL, NULL), (7, '2026-10-05', 100, NULL, NULL), (8, '2026-10-05', 100, NULL, NULL), (25, NULL, 10, NULL, NULL);
SELECT set_eq('TABLE to_report', $$ VALUES
	('22', date '2026-10-05', 20, 600, 'EUR', 424.5, 0, NULL), ('22', '2026-10-06', 20, 125.5, 'EUR', 424.5, 0, NULL), ('22', '2026-10-06', 10, 50, 'EUR', 424.5, 0, NULL), ('8', '2026-10-05', 20, 100, 'EUR', 1100, 0, NULL),
	('25', NULL, 20, 10, 'EUR', 1190, 0, 'the day of the payment is missing') $$,
	'by item, day and rate: no credit note, nothing to come, nothing whose VAT is due otherwise');
SELECT is((SELECT done FROM dunning.einvoice_event('facture', '22', '212', '2026-10-05', amount => 600, vat_rate => 20, external_id => 'c1')), 'reported', 'one is reported');
SELECT is((SELECT done FROM dunning.einvoice_event('facture', '22', '212', '2026-10-05', amount => 600.00, vat_rate => 20.0, external_id => 'c1')), 'reported', 'and told again');
SELECT is((SELECT concat_ws(' ', done, message) FROM dunning.einvoice_event('facture', '22', '212', '2026-10-05', vat_rate => 20, external_id => 'c2')), 'kept without an amount nothing counts as reported', 'without an amount it says so');
SELECT throws_ok($$ SELECT dunning.einvoice_event('facture', '22', '212', '2026-10-05', amount => 600, vat_rate => 10, external_id => 'c1') $$, '23505', NULL, 'of another rate it is another event');
SELECT set_eq($$ SELECT item, paid_on, vat_rate, amount, reported FROM to_report WHERE item = '22' $$, $$ VALUES ('22', date '2026-10-06', 20, 125.5, 0), ('22', '2026-10-06', 10, 50, 0) $$, 'it comes once');
SELECT count(*) FROM dunning.to_report_cashed('2026-11-30', 'facture') AS r, dunning.einvoice_event(r.ledger, r.item, '212', r.paid_on, amount => r.amount, vat_rate => r.vat_rate, external_id => r.item::text || r.paid_on || r.vat_rate)
	WHERE r.problem IS NULL \g /dev/null
SELECT set_eq('SELECT item, amount FROM to_report', $$ VALUES ('25', 10) $$, 'until all is reported');
SELECT is_empty($$ SELECT * FROM dunning.to_report_cashed(as_of => '2026-11-30', from_day => '2026-10-05') WHERE item <> '25' $$, 'nor is it taken back for whoever asks from a later day');
-- taken back by a row of its own, by one that is changed, by one that is gone
INSERT INTO paiement VALUES (22, '2026-10-20', -600, NULL, NULL);
UPDATE paiement SET montant = 40 WHERE facture = 22 AND tva = 10;
DELETE FROM paiement WHERE facture = 8;
SELECT set_eq('SELECT item, paid_on, vat_rate, amount, currency, reported FROM to_report', $$ VALUES
	('22', date '2026-10-20', 20, -600, 'EUR', 0), ('22', '2026-10-06', 10, -10, 'EUR', 50), ('8', '2026-10-05', 20, -100, NULL, 100), ('25', NULL, 20, 10, 'EUR', 0) $$, 'what was taken back is negative, and each once');
SELECT dunning.einvoice_event('facture', '22', '212', '2026-10-20', amount => -600, vat_rate => 20, external_id => 'c3') \g /dev/null
SELECT is((SELECT count(*) FROM to_report WHERE item = '22'), 1::bigint, 'a negative amount is reported as such');
UPDATE facture SET tva = NULL WHERE id = 26;
INSERT INTO paiement VALUES (26, '2026-10-05', 5, NULL, NULL), (27, '2026-10-05', 'NaN', NULL, NULL);
SELECT set_eq($$ SELECT item, vat_rate, amount, problem FROM to_report WHERE item IN ('26', '27') $$, $$ VALUES ('26', NULL, 5, 'the VAT rate is missing'), ('27', 20, 'NaN'::numeric, 'the amount is not a number') $$, 'what cannot be reported says why');
UPDATE facture SET issued_on = '2026-08-31' WHERE id = 26;
SELECT is_empty($$ SELECT FROM to_report WHERE item = '26' $$, 'an invoice of before the first day is none');
SELECT isnt_empty($$ SELECT FROM dunning.to_report_cashed(as_of => '2026-11-30', from_day => '2026-01-01') WHERE item = '26' $$, 'unless it is asked for');
SELECT throws_ok($$ SELECT dunning.to_report_cashed(as_of => '2026-08-01') $$, '22023', NULL, 'no day before the first one');
SELECT throws_ok($$ SELECT dunning.to_report_cashed(ledger => 'missing') $$, '42704', NULL, 'no ledger that there is not');
-- who sees one company sees its receipts
CREATE ROLE dunning_viewer_b;
GRANT SELECT ON facture, paiement TO dunning_viewer_b;
SELECT FROM dunning.grant_access('dunning_viewer_b', 'viewer', company => 'B') \g /dev/null
SET LOCAL ROLE dunning_viewer_b;
SELECT set_eq($$ SELECT item::text FROM dunning.to_report_cashed(as_of => '2026-11-30') $$, ARRAY['25', '27'], 'of company B');
RESET ROLE;
-- a ledger whose rows are hidden takes nothing back
ALTER TABLE paiement ENABLE ROW LEVEL SECURITY;
CREATE ROLE dunning_viewer;
GRANT SELECT ON facture, paiement TO dunning_viewer;
SELECT FROM dunning.grant_access('dunning_viewer', 'viewer') \g /dev/null
SET LOCAL ROLE dunning_viewer;
SELECT is_empty($$ SELECT FROM dunning.to_report_cashed(as_of => '2026-11-30') $$, 'a payment that is hidden is none that was taken back');
RESET ROLE;

SELECT is((SELECT concat_ws(' ', done, message) FROM dunning.einvoice_event('facture', '30', '206', '2026-10-14', amount => 1300, external_id => 'r1')), 'held 1300 is more than is open, so the whole item is held', 'more than is open is refused');
SELECT is((SELECT amount FROM dunning.hold WHERE external_id = 'r1'), NULL::numeric, 'the whole item is held');
SELECT * FROM finish();
ROLLBACK;
