-- The penalty rule of an item: by its currency, by a field such as the country, or that of
-- its ledger.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL dunning.today = '2026-05-30';
SELECT no_plan();
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

INSERT INTO dunning.rule (name, rule) VALUES ('house', '10%; compensation 40.00 EUR'), ('swiss', '5%'), ('AA', '20%'), ('AA-consumer', '2%'), ('BB', '30%');
CREATE TABLE facture (id integer PRIMARY KEY, client integer, echeance date, solde numeric, devise text, pays text, pro boolean);
-- 90 days late: 10 % are 24.66, 5 % are 12.33, 20 % are 49.32, of yen 49, 2 % are 4.93, 30 % are 73.97
INSERT INTO facture VALUES (1, 1, '2026-03-01', 1000, 'EUR', NULL, true), (2, 2, '2026-03-01', 1000, 'CHF', 'C0', true), (3, 3, '2026-03-01', 1000, 'JPY', 'AA', true),
	(4, 4, '2026-03-01', 1000, NULL, 'AA', false), (5, 5, '2026-03-01', 1000, 'CHF', 'BB', false), (6, 6, '2026-03-01', 1000, 'EUR', 'ZZ', true);
CREATE VIEW pg_temp.owed AS SELECT w.item::text, w.rule, w.late_interest, w.compensation, w.penalty_problem FROM dunning.worklist AS w;
CREATE FUNCTION pg_temp.booked() RETURNS TABLE (item text, kind text, rule text, amount numeric) LANGUAGE sql AS $$
	SELECT c.item::text, c.kind, c.rule, sum(c.amount) FROM dunning.claim AS c WHERE c.run = (SELECT max(g.run) FROM dunning.run_log AS g) GROUP BY 1, 2, 3 $$;
\set columns '{"key": "id", "customer": "client", "due_on": "echeance", "open_amount": "solde", "currency": "devise", "professional": "pro"}'

-- by the currency
INSERT INTO dunning.ledger_rule (ledger, value, rule, consumer_rule) VALUES ('facture', 'CHF', 'swiss', NULL), ('facture', 'JPY', NULL, NULL), ('other', 'EUR', 'swiss', NULL);
SELECT results_eq(format($$ SELECT field, source, why FROM dunning.adopt('facture', columns => %L, rule => 'house') WHERE field LIKE 'rule%%' $$, :'columns'),
	$$ VALUES ('rule_by', NULL::text, 'no column of a known name'), ('rule', 'house', NULL), ('rule of CHF', 'swiss', NULL), ('rule of JPY', NULL, 'late items cost nothing') $$, 'an adoption says which rules there are');
SELECT results_eq('SELECT * FROM pg_temp.owed ORDER BY 1', $$ VALUES ('1', 'house', 24.66, 40.00, NULL::text), ('2', 'swiss', 12.33, 0, NULL), ('3', NULL, 0, 0, NULL),
	('4', 'house', 24.66, 40.00, NULL), ('5', 'swiss', 12.33, 0, NULL), ('6', 'house', 24.66, 40.00, NULL) $$, 'the rule follows the currency');
SELECT is(dunning.run_reminders('2026-05-30'), 6, 'a run');
SELECT results_eq('SELECT item::text, late_interest, compensation FROM dunning.reminder WHERE item IN (''1'', ''2'', ''3'') ORDER BY 1', $$ VALUES ('1', 24.66, 40.00), ('2', 12.33, 0), ('3', 0, 0) $$, 'asks for the same');
SELECT dunning.claim_penalties('2026-05-30') \g /dev/null
SELECT set_eq('SELECT * FROM pg_temp.booked()', $$ VALUES ('1', 'interest', 'house', 24.66), ('1', 'compensation', 'house', 40.00), ('2', 'interest', 'swiss', 12.33), ('4', 'interest', 'house', 24.66), ('4', 'compensation', 'house', 40.00),
	('5', 'interest', 'swiss', 12.33), ('6', 'interest', 'house', 24.66), ('6', 'compensation', 'house', 40.00) $$, 'so do claims');

-- by a field; what it names may have a row, or be a rule; otherwise the ledger says it
SELECT dunning.adopt('facture', columns => '{"rule_by": "pays"}', replace => true) \g /dev/null
INSERT INTO dunning.ledger_rule VALUES ('facture', 'BB', 'BB', 'swiss');
SELECT results_eq('SELECT * FROM pg_temp.owed ORDER BY 1', $$ VALUES ('1', 'house', 24.66, 40.00, NULL::text), ('2', 'house', 24.66, 40.00, NULL), ('3', 'AA', 49, 0, NULL),
	('4', 'AA-consumer', 4.93, 0, NULL), ('5', 'swiss', 12.33, 0, NULL), ('6', 'house', 24.66, 40.00, NULL) $$, 'the rule follows the country');
SELECT is((SELECT rule_by FROM dunning.open_item WHERE item = '2'), 'C0', 'the item has what it says');
SELECT dunning.claim_penalties('2026-05-30') \g /dev/null
SELECT set_eq('SELECT * FROM pg_temp.booked()', $$ VALUES ('2', 'interest', 'house', 12.33), ('2', 'compensation', 'house', 40.00), ('3', 'interest', 'AA', 49), ('4', 'interest', 'AA-consumer', -19.73), ('4', 'compensation', 'AA-consumer', -40.00) $$,
	'claims are corrected');
SELECT is((SELECT reason FROM dunning.claim WHERE item = '4' AND kind = 'interest' ORDER BY booking DESC LIMIT 1), 'rule changed', 'and say why');
-- nothing is owed any more
INSERT INTO dunning.ledger_rule VALUES ('facture', 'C0', NULL, NULL);
SELECT dunning.claim_penalties('2026-05-30') \g /dev/null
SELECT set_eq('SELECT * FROM pg_temp.booked()', $$ VALUES ('2', 'interest', NULL::text, -24.66), ('2', 'compensation', NULL, -40.00) $$, 'claims without a rule are taken back');

-- a rule that is not there
INSERT INTO dunning.ledger_rule VALUES ('facture', 'ZZ', 'nobody', NULL);
SELECT results_eq('SELECT * FROM pg_temp.owed WHERE item = ''6''', $$ VALUES ('6', NULL::text, 0::numeric, 0::numeric, 'penalty rule "nobody" of dunning.ledger_rule does not exist') $$, 'is a problem of the item');
SELECT dunning.claim_penalties('2026-05-30') \g /dev/null
SELECT results_eq('SELECT item::text, message FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)', $$ VALUES ('6', 'penalty rule "nobody" of dunning.ledger_rule does not exist') $$, 'whose claims wait');
INSERT INTO facture VALUES (7, 7, '2026-03-01', 1000, 'EUR', 'ZZ', true);
SELECT is(dunning.run_reminders('2026-05-30'), 1, 'reminders do not');
SELECT results_eq('SELECT topic, message FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log) AND topic LIKE ''rule%''',
	$$ VALUES ('rule ', 'reminders go out without late interest: penalty rule "nobody" of dunning.ledger_rule does not exist') $$, 'which is told');
SELECT results_eq('SELECT problem, hint FROM dunning.check_ledgers() WHERE ledger = ''facture''',
	$$ VALUES ('dunning.ledger_rule names the penalty rule "nobody", which does not exist', 'Insert the rule into dunning.rule, or: UPDATE dunning.ledger_rule SET rule = ... WHERE ledger = ''facture''.') $$, 'and which the check of the ledgers sees');
SELECT is(pg_temp.try('DELETE FROM dunning.rule WHERE name = ''swiss'''), '23503: rule "swiss" is in use by the ledger "facture"', 'a rule that is in use stays');
SELECT is(pg_temp.try('INSERT INTO dunning.ledger_rule VALUES (''facture'', '''', NULL, NULL)'), '23514: new row for relation "ledger_rule" violates check constraint "ledger_rule_value_check"', 'no value is none');

-- its rates are missed, too
INSERT INTO dunning.reference_series (series, holds, description) VALUES ('mine', 'until changed', 'ours');
INSERT INTO dunning.reference_rate (series, effective_on, rate, known_until) VALUES ('mine', '2020-01-01', 5, '2026-05-01');
INSERT INTO dunning.rule (name, series) VALUES ('of_series', 'mine');
UPDATE dunning.ledger_rule SET rule = 'of_series' WHERE ledger = 'facture' AND value = 'ZZ';
SELECT is((SELECT ledgers FROM dunning.missing_rates('2026-05-30') WHERE series = 'mine'), '{facture}', 'a rate that is missing names the ledger');

SELECT dunning.release_ledger('facture', keep => true) \g /dev/null
SELECT is((SELECT count(*) FROM dunning.ledger_rule WHERE ledger = 'facture'), 5::bigint, 'a ledger that waits keeps its rules');
SELECT dunning.release_ledger('facture') \g /dev/null
SELECT results_eq('SELECT ledger FROM dunning.ledger_rule', $$ VALUES ('other'::name) $$, 'one that is gone does not');

-- a row that charges consumers what its rule charges all, and names no rule for them
INSERT INTO dunning.rule (name, rule) VALUES ('feed', '0%; fee 15.00 EUR each started month; fee 5.00 EUR once if professional'), ('lump', '1%; compensation 40.00 EUR'), ('both', '1%; fee 1% once; compensation 40.00 EUR'),
	('spared', '1%; fee 15.00 EUR once if professional; compensation 40.00 EUR if professional');
SELECT dunning.adopt('facture', columns => :'columns', rule => 'house') \g /dev/null
INSERT INTO dunning.ledger_rule VALUES ('facture', 'F1', 'feed', NULL), ('facture', 'F2', 'spared', NULL), ('facture', 'F3', 'lump', NULL), ('facture', 'F4', 'both', NULL), ('facture', 'F5', 'feed', 'feed'), ('facture', 'F6', 'NL-consumer', NULL),
	('facture', 'F7', 'swiss', NULL), ('facture', 'F8', NULL, NULL);
SELECT results_eq('SELECT ok, problem, hint FROM dunning.check_ledgers() WHERE ledger = ''facture''',
	$$ VALUES (true, 'consumers whose items are "F1" are charged the late fee of the rule "feed"; consumers whose items are "F3" are charged the compensation of the rule "lump"; consumers whose items are "F4" are charged the late fee and the compensation of the rule "both"',
		'Name the rule that they owe: UPDATE dunning.ledger_rule SET consumer_rule = ... WHERE ledger = ''facture'' AND value = ...; if they owe the same, name the same.') $$, 'the check of the ledgers says which consumers are charged');
SELECT is((SELECT severity FROM dunning.health() WHERE topic = 'ledger' AND finding LIKE 'consumers whose%'), 'warning', 'so does health');
SELECT results_eq($$ SELECT field, why FROM dunning.adopt('facture', replace => true) WHERE field LIKE 'consumer rule of%' $$,
	$$ VALUES ('consumer rule of F1', 'consumers are charged the late fee of the rule "feed"; if they owe something else: UPDATE dunning.ledger_rule SET consumer_rule = ... WHERE ledger = ''facture'' AND value = ''F1'''),
		('consumer rule of F3', 'consumers are charged the compensation of the rule "lump"; if they owe something else: UPDATE dunning.ledger_rule SET consumer_rule = ... WHERE ledger = ''facture'' AND value = ''F3'''),
		('consumer rule of F4', 'consumers are charged the late fee and the compensation of the rule "both"; if they owe something else: UPDATE dunning.ledger_rule SET consumer_rule = ... WHERE ledger = ''facture'' AND value = ''F4''') $$, 'and an adoption');
UPDATE dunning.ledger_rule SET consumer_rule = rule WHERE ledger = 'facture';
SELECT is((SELECT problem FROM dunning.check_ledgers() WHERE ledger = 'facture'), NULL, 'who names the same rule means it');
UPDATE dunning.ledger_rule SET consumer_rule = NULL WHERE ledger = 'facture';
SELECT dunning.adopt('facture', columns => '{"professional": null}', replace => true) \g /dev/null
SELECT is((SELECT problem FROM dunning.check_ledgers() WHERE ledger = 'facture'), NULL, 'without the field nobody is a consumer');

SELECT * FROM finish();
ROLLBACK;
