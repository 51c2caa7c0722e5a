-- Insolvency of a customer: what is frozen, what goes on, what is to be declared and by when.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL dunning.time_zone = 'UTC';
SELECT no_plan();
CREATE FUNCTION pg_temp.said(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE statement INTO answer;
	RETURN coalesce(answer, '-');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
-- a judgment may not lie in the days to come, so the story of a day to come is told as if it were over
CREATE OR REPLACE FUNCTION _dunning.real_day() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT date '2026-12-01' $$;

CREATE TABLE facture (id text PRIMARY KEY, client integer, issued_on date, livree date, due_on date, amount numeric, doc text);
CREATE TABLE paiement (facture text, jour date, montant numeric);
CREATE INDEX ON paiement (facture);
INSERT INTO dunning.rule (name, rule) VALUES ('story', '12.40%; act/365; compensation 40.00 EUR');
SELECT FROM dunning.adopt('facture', rule => 'story', columns => '{"key": "id", "customer": "client", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount", "currency": "EUR", "delivered_on": "livree", "document": "doc",
	"payments": {"table": "paiement", "item": "facture", "date": "jour", "amount": "montant"}}') \g /dev/null

--
-- F1 12,000 delivered 10/09, due 31/10; F2 5,000 delivered 05/11, due 31/12; F3 6,000 delivered 20/11, due 25/11; judgment 12/11, published 19/11
--
INSERT INTO facture VALUES ('F1', 1, '2026-09-10', '2026-09-10', '2026-10-31', 12000, NULL), ('F2', 1, '2026-11-05', '2026-11-05', '2026-12-31', 5000, NULL),
	('F3', 1, '2026-11-20', '2026-11-20', '2026-11-25', 6000, NULL), ('G1', 2, '2026-09-10', '2026-09-10', '2026-10-31', 100, NULL);
SELECT results_eq($$ SELECT ledger::text COLLATE "default", cardinality(held), declare_by, reclaim_by FROM dunning.insolvency('1', '2026-11-12') $$,
	$$ VALUES ('facture', 2, NULL::date, NULL::date) $$, 'the judgment is noted, and not published yet');
SELECT results_eq($$ SELECT cardinality(held), declare_by, reclaim_by FROM dunning.insolvency('1', '2026-11-12', '2026-11-19', note => 'Tribunal de commerce') $$,
	$$ VALUES (2, date '2027-01-19', date '2027-02-19') $$, 'the publication says until when');
SELECT is((SELECT count(*) FROM dunning.hold), 2::bigint, 'what is held is held once');
SELECT results_eq($$ SELECT item::text, from_day, until_day, reason, interest_runs, interest_claimed FROM dunning.hold ORDER BY hold $$,
	$$ VALUES ('F1', date '2026-11-12', NULL::date, 'insolvency', false, false), ('F2', '2026-11-12', NULL, 'insolvency', false, false) $$, 'from the day of the judgment, without interest');
SET LOCAL dunning.today = '2026-11-30';
SELECT set_eq($$ SELECT item::text, state FROM dunning.worklist WHERE customer = '1' $$, $$ VALUES ('F1', 'held'), ('F2', 'held'), ('F3', 'due') $$, 'on 30 November only F3 is reminded');
SELECT is(dunning.run_reminders('2026-11-30'), 2, 'and what is of others');
SELECT set_eq($$ SELECT item::text FROM dunning.reminder $$, ARRAY['F3', 'G1'], 'by the run');
SELECT results_eq($$ SELECT item::text, principal, late_interest, compensation, total, declare_by, reclaim_by, held, problem FROM dunning.insolvency_claims() $$,
	$$ VALUES ('F1', 12000::numeric, 44.84, 40.00, 12084.84, date '2027-01-19', date '2027-02-19', true, NULL::text), ('F2', 5000, 0.00, 0.00, 5000.00, '2027-01-19', '2027-02-19', true, NULL) $$, 'what is to be declared');
SELECT is((SELECT sum(total) FROM dunning.insolvency_claims('2026-12-31', 'facture', '1')), 17084.84, '17,084.84 in all, on any later day');
SAVEPOINT credit;
-- what is booked for F1 says the days that it is for, on whatever day it is booked; half of G2 is held, and all of G3 since the rest was paid
INSERT INTO facture VALUES ('G2', 2, '2026-09-10', '2026-09-10', '2026-10-31', 3650, NULL), ('G3', 2, '2026-09-10', '2026-09-10', '2026-10-31', 3650, NULL);
INSERT INTO paiement VALUES ('G3', '2026-11-20', 1825);
SELECT dunning.hold_item('facture', i, 'insolvency', from_day => '2026-11-10', amount => 1825) FROM unnest('{G2,G3}'::dunning.item_key[]) AS i \g /dev/null
SELECT dunning.claim_penalties('2026-11-20') \g /dev/null
SELECT dunning.claim_penalties('2026-12-01') \g /dev/null
SELECT results_eq($$ SELECT item::text, from_day, to_day, amount FROM dunning.claim WHERE kind = 'interest' AND item IN ('F1', 'G2', 'G3') ORDER BY item, claim $$,
	$$ VALUES ('F1', date '2026-11-01', date '2026-11-11', 44.84), ('G2', '2026-11-01', '2026-11-20', 17.98), ('G2', '2026-11-21', '2026-12-01', 6.82), ('G3', '2026-11-01', '2026-11-20', 17.98) $$,
	'claims say the days on which interest ran');
SELECT dunning.release_holds(ARRAY(SELECT hold FROM dunning.hold WHERE item = 'F1'), 'plan adopted', '2026-11-30') \g /dev/null
SELECT dunning.claim_penalties('2026-12-01') \g /dev/null
SELECT results_eq($$ SELECT from_day, to_day, amount, reason FROM dunning.claim WHERE kind = 'interest' AND item = 'F1' ORDER BY claim $$,
	$$ VALUES (date '2026-11-01', date '2026-11-11', 44.84, 'first claim'), ('2026-11-12', '2026-12-01', 8.16, 'accrued') $$, 'and go on when it runs again');
ROLLBACK TO credit;
SAVEPOINT credit;
INSERT INTO facture VALUES ('A1', 1, '2026-09-20', '2026-09-20', '2026-09-20', -30000, NULL);
SELECT results_eq($$ SELECT principal, total FROM dunning.insolvency_claims('2026-12-31', 'facture', '1') WHERE item = 'A1' $$, 'VALUES (-30000::numeric, NULL::numeric)', 'a credit is listed');
SELECT is((SELECT sum(total) FROM dunning.insolvency_claims('2026-12-31', 'facture', '1')), 17084.84, 'and not set off');
ROLLBACK TO credit;
SELECT is_empty($$ SELECT FROM dunning.insolvency_claims('2026-11-11') $$, 'the day before the judgment there was none');

--
-- Limits: the day of the judgment, what was paid when, what comes later, credits, documents, days that are not known
--
INSERT INTO facture VALUES ('H1', 3, '2026-11-11', '2026-11-11', '2026-11-12', 100, NULL), ('H2', 3, '2026-11-12', '2026-11-12', '2026-11-13', 100, NULL), ('H3', 3, '2026-11-20', '2026-10-01', '2026-12-20', 70, NULL),
	('H4', 3, '2026-10-01', NULL, '2026-10-31', 365, NULL), ('H5', 3, '2026-10-01', '2026-10-01', '2026-10-31', -20, NULL), ('H6', 3, '2026-09-01', '2026-09-01', '2026-09-30', 50, NULL),
	('H7', 3, '2026-10-01', '2026-10-01', '2026-11-10', 10, 'D'), ('H8', 3, '2026-10-01', '2026-10-01', '2026-11-05', 10, 'D'), ('H9', 3, '2026-10-01', '2026-10-01', '2026-11-11', 1, NULL);
INSERT INTO paiement VALUES ('H4', '2026-11-11', 165), ('H4', '2026-11-13', 50), ('H6', '2026-11-11', 50);
SELECT is((SELECT array_length(held, 1) FROM dunning.insolvency('3', '2026-11-12', '2026-11-30', abroad => true)), 6, 'items that are older and open');
SELECT results_eq($$ SELECT item::text, principal, compensation, held, declare_by FROM dunning.insolvency_claims(customer => '3') ORDER BY item $$,
	$$ VALUES ('H1', 100::numeric, 0.00, true, date '2027-03-30'), ('H3', 70, 0.00, true, '2027-03-30'), ('H4', 200, 40.00, true, '2027-03-30'), ('H5', -20, 0.00, false, '2027-03-30'),
		('H7', 10, 0, true, '2027-03-30'), ('H8', 10, 40.00, true, '2027-03-30'), ('H9', 1, 0.00, true, '2027-03-30') $$,
	'by the delivery, and what was open when the day of the judgment began; four months for a creditor abroad');
SELECT is((SELECT late_interest FROM dunning.insolvency_claims(customer => '3') WHERE item = 'H4'), round(365 * 0.124 * 11 / 365, 2), 'the interest of what was open each day, to the day before');
INSERT INTO facture VALUES ('H10', 3, '2026-11-30', '2026-11-01', '2026-12-31', 500, NULL);
SELECT is((SELECT held FROM dunning.insolvency_claims(customer => '3') WHERE item = 'H10'), false, 'what was booked later is not frozen yet');
SELECT is((SELECT cardinality(held) FROM dunning.insolvency('3', '2026-11-12')), 7, 'and is, when it is noted again');
SELECT is((SELECT held FROM dunning.insolvency_claims(customer => '3') WHERE item = 'H10'), true, 'as the list says');
INSERT INTO facture VALUES ('K1', 4, NULL, NULL, '2026-10-31', 10, NULL);
SELECT is((SELECT cardinality(held) FROM dunning.insolvency('4', '2026-11-12')), 1, 'of what nobody knows the day it is frozen');
SELECT is((SELECT problem FROM dunning.insolvency_claims(customer => '4')), 'neither the day of delivery nor that of issue is known', 'and the list says so');

-- two ledgers, and one without dated payments
CREATE TABLE autre (id text PRIMARY KEY, client integer, issued_on date, due_on date, solde numeric);
INSERT INTO autre VALUES ('A1', 1, '2026-10-01', '2026-10-31', 365), ('A2', 5, '2026-10-01', '2026-10-31', 365);
SELECT FROM dunning.adopt('autre', rule => 'story', columns => '{"key": "id", "customer": "client", "issued_on": "issued_on", "due_on": "due_on", "open_amount": "solde", "currency": "EUR"}') \g /dev/null
SELECT set_eq($$ SELECT ledger::text, cardinality(held) FROM dunning.insolvency('1', '2026-11-12') $$, $$ VALUES ('autre', 1), ('facture', 2) $$, 'in all ledgers that have the customer');
SELECT is((SELECT count(*) FROM dunning.insolvency('5', '2026-11-12', ledger => 'autre')), 1::bigint, 'or in one');
SELECT results_eq($$ SELECT principal, late_interest, compensation, problem FROM dunning.insolvency_claims(ledger => 'autre', customer => '1') $$,
	$$ VALUES (365::numeric, 1.36, 40.00, 'the open amount of the day of the judgment is not known, so that of now is taken') $$, 'what is not known of that day is said');

SELECT matches(pg_temp.said(statement), '^' || answer, statement) FROM (VALUES
	('SELECT dunning.insolvency(NULL, ''2026-11-12'')', '22004'), ('SELECT dunning.insolvency(''1'', NULL)', '22023'), ('SELECT dunning.insolvency(''1'', ''2026-12-02'')', '22023 a judgment of 2026-12-02'),
	('SELECT dunning.insolvency(''1'', ''2026-11-12'', ''2026-11-11'')', '22023'), ('SELECT dunning.insolvency(''1'', ''2026-11-12'', ''2026-11-20'')', '55000 the insolvency of customer "1" by the judgment of 2026-11-12 is noted otherwise'),
	('SELECT dunning.insolvency(''1'', ''2026-11-12'', abroad => true)', '55000'), ('SELECT dunning.insolvency(''9'', ''2026-11-12'')', '42704 customer "9" has no item in any ledger'),
	('SELECT dunning.insolvency(''9'', ''2026-11-12'', ledger => ''autre'')', '42704 customer "9" has no item in ledger "autre"'), ('SELECT dunning.insolvency(''1'', ''2026-11-12'', ledger => ''none'')', '42704 ledger'),
	('SELECT dunning.insolvency_claims(''infinity'')', '22023'), ('SELECT dunning.insolvency_claims(ledger => ''none'')', '42704'),
	('UPDATE dunning.insolvency SET judgment_on = ''2026-11-10''', '55000'), ('UPDATE dunning.insolvency SET published_on = NULL', '55000'), ('DELETE FROM dunning.insolvency', '55000'), ('TRUNCATE dunning.insolvency', '55000')) AS v (statement, answer);
-- who may
CREATE ROLE dunning_collector;
CREATE ROLE dunning_viewer;
GRANT SELECT ON facture, paiement, autre TO PUBLIC;
SELECT FROM dunning.grant_access('dunning_collector', 'collector') \g /dev/null
SELECT FROM dunning.grant_access('dunning_viewer', 'viewer', 'autre') \g /dev/null
SET LOCAL ROLE dunning_collector;
SELECT is((SELECT cardinality(held) FROM dunning.insolvency('2', '2026-11-12', '2026-11-20')), 1, 'a collector notes it');
SELECT is((SELECT cardinality(held) FROM dunning.insolvency('4', '2026-11-12', '2026-11-20')), 1, 'and fills in the publication');
SET LOCAL ROLE dunning_viewer;
SELECT set_eq($$ SELECT ledger::text FROM dunning.insolvency_claims() $$, ARRAY['autre'], 'a viewer sees his ledger');
SELECT matches(pg_temp.said($$ SELECT dunning.insolvency('1', '2026-11-12') $$), '^42501', 'and notes nothing');
RESET ROLE;
SELECT dunning.release_holds(ARRAY(SELECT hold FROM dunning.hold WHERE source = 'insolvency' AND item IN ('F1', 'F2')), 'plan adopted', '2026-11-30') \g /dev/null
SELECT set_eq($$ SELECT item::text, held FROM dunning.insolvency_claims(ledger => 'facture', customer => '1') $$, $$ VALUES ('F1', false), ('F2', false) $$, 'until the holds are released');

SELECT * FROM finish();
ROLLBACK;
