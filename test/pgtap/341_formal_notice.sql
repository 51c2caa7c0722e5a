-- What a consumer in France owes runs from the formal notice (Code civil 1231-6).
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SELECT no_plan();

CREATE TABLE facture (id integer PRIMARY KEY, client text, issued_on date, due_on date, amount numeric, professional boolean);
CREATE TABLE reglement (facture integer, paid_on date, amount numeric);
INSERT INTO facture VALUES (1, 'Dupont', '2024-01-01', '2024-01-31', 1000, false), (2, 'Martin', '2024-01-01', '2024-01-31', 1000, false),
	(3, 'SARL', '2024-01-01', '2024-01-31', 1000, true), (4, 'Petit', '2024-01-01', '2024-01-31', 1000, false), (5, 'Durand', '2024-01-01', '2024-03-15', 1000, false);
INSERT INTO dunning.rule (name, rule) VALUES ('ten', '{2000-01-01: 10} until 2030-12-31; compensation 40.00 EUR if professional');
INSERT INTO dunning.rule (name, rule, runs_from) VALUES ('ten-consumer', '{2000-01-01: 10} until 2030-12-31', 'formal notice');
SELECT is((SELECT array_agg(r.name || ': ' || r.runs_from ORDER BY r.name COLLATE "C") FROM dunning.rule AS r WHERE r.name IN ('FR', 'FR-consumer', 'DE-consumer', 'france consumer')),
	'{"DE-consumer: due date","FR: due date","FR-consumer: formal notice","france consumer: formal notice"}', 'the law says from when');
SELECT throws_ok($$ UPDATE dunning.rule SET runs_from = 'now' WHERE name = 'ten' $$, '23514', NULL, 'there are two such days');

SELECT dunning.adopt('facture', columns => '{"open_amount": null, "amount": "amount", "payments": {"table": "reglement", "item": "facture", "date": "paid_on", "amount": "amount"}}', rule => 'ten', consumer_rule => 'ten-consumer') \g /dev/null
CREATE FUNCTION pg_temp.costs(day date) RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(w.item || ' ' || w.late_interest || ' ' || w.compensation, ', ' ORDER BY w.item::text) FROM dunning.worklist_as_of(day) AS w $$;
INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, channel, state, sent_on, cancelled_on, cancelled_at, reason) VALUES
	('facture', '1', '30', 1, '2024-03-01', 'registered_letter', 'sent', '2024-03-02', NULL, NULL, NULL),
	('facture', '1', '45', 2, '2024-04-01', 'registered_letter', 'sent', '2024-04-02', NULL, NULL, NULL),
	-- a plain letter is none, nor is one that was cancelled, or that is not sent yet
	('facture', '2', '30', 1, '2024-03-01', 'letter', 'sent', '2024-03-02', NULL, NULL, NULL),
	('facture', '2', '31', 1, '2024-03-02', 'registered_letter', 'cancelled', '2024-03-02', '2024-03-03', now(), 'wrong address'),
	('facture', '4', '30', 1, '2024-03-01', 'registered_letter', 'pending', NULL, NULL, NULL, NULL),
	-- what was sent before the due date puts nobody in default
	('facture', '5', '-5', 1, '2024-03-01', 'registered_letter', 'sent', '2024-03-02', NULL, NULL, NULL);
-- from 2 March to 31 May are 90 days of 366; from 31 January 121, from 15 March 77
SELECT is(pg_temp.costs('2024-05-31'), format('1 %s 0.00, 2 0.00 0.00, 3 %s 40.00, 4 0.00 0.00, 5 %s 0.00', round(1000 * 0.1 * 90 / 365, 2), round(1000 * 0.1 * 121 / 365, 2), round(1000 * 0.1 * 77 / 365, 2)),
	'it runs from the first registered letter, and of a professional from the due date');
SELECT is(pg_temp.costs('2024-03-02'), format('1 0.00 0.00, 2 0.00 0.00, 3 %s 40.00, 4 0.00 0.00', round(1000 * 0.1 * 31 / 365, 2)) || ', 5 0.00 0.00', 'on the day of the letter nothing is owed yet');

-- claims follow, day by day, and a letter that does not count any more is booked back
SELECT dunning.claim_penalties('2024-02-29') \g /dev/null
SELECT is((SELECT array_agg(item::text || ' ' || kind ORDER BY kind) FROM (SELECT DISTINCT c.item, c.kind FROM dunning.claim AS c) AS c (item, kind)), '{"3 compensation","3 interest"}', 'before the notice nothing is claimed');
SELECT dunning.claim_penalties('2024-05-31') \g /dev/null
CREATE FUNCTION pg_temp.claimed() RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(c.item || ' ' || c.amount, ', ' ORDER BY c.item::text) FROM (SELECT item, sum(amount) AS amount FROM dunning.claim WHERE kind = 'interest' GROUP BY item) AS c $$;
SELECT is(pg_temp.claimed(), format('1 %s, 3 %s, 5 %s', round(1000 * 0.1 * 90 / 365, 2), round(1000 * 0.1 * 121 / 365, 2), round(1000 * 0.1 * 77 / 365, 2)), 'claims are what the work list says');
SELECT is((SELECT min(c.from_day) FROM dunning.claim AS c WHERE c.item = '1'), date '2024-03-03', 'from the day after the letter');
SELECT dunning.cancel_reminder(r.reminder, 'it came back', on_day => '2024-06-01') FROM dunning.reminder AS r WHERE r.item = '1' AND r.step = '30' \g /dev/null
INSERT INTO reglement VALUES (1, '2024-06-15', 1000);
SELECT dunning.claim_penalties('2024-06-30') \g /dev/null
-- from 2 April, the second letter, to 15 June are 74 days
SELECT is(pg_temp.claimed(), format('1 %s, 3 %s, 5 %s', round(1000 * 0.1 * 74 / 365, 2), round(1000 * 0.1 * 151 / 365, 2), round(1000 * 0.1 * 107 / 365, 2)), 'a letter that does not count any more is booked back to the next one');
SELECT is(dunning.case_file('facture', 'Dupont', as_of => '2024-06-30') #>> '{file,items,0,raw,interest}', round(1000 * 0.1 * 74 / 365, 2)::text, 'the file of the customer says the same');
SELECT is((SELECT sum((s #>> '{raw,amount}')::numeric) FROM jsonb_array_elements(dunning.case_file('facture', 'Dupont', as_of => '2024-06-30') #> '{file,items,0,reckoning}') AS s), round(1000 * 0.1 * 74 / 365, 2), 'and so does its reckoning');
SELECT is((SELECT i.late_interest FROM dunning.insolvency('Durand', '2024-06-01', '2024-06-10') AS n, dunning.insolvency_claims('2024-06-30', 'facture') AS i), round(1000 * 0.1 * 77 / 365, 2), 'and what is declared in an insolvency');

SELECT * FROM finish();
