-- Promises to pay: what became of them on any day, what is held for them, and who may.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\ir said.psql

--
-- One promise, as a value
--
CREATE TEMP TABLE row_of_practice (id text, payments text, as_of date, state text);
-- 1,000.00 for 15 March 2026, 3 days of grace, at least 90 percent
INSERT INTO row_of_practice VALUES
	('PR-01', '2026-03-18: -900.00', '2026-03-18', 'kept'),
	('PR-03', '2026-03-18: -899.99', '2026-03-19', 'partly_kept'),
	('PR-05', '2026-03-16: -500.00, 2026-03-18: -400.00', '2026-03-18', 'kept'),
	('none', '2026-04-01: -1000.00', '2026-03-18', 'open'),
	('none', '2026-04-01: -1000.00', '2026-03-19', 'broken'),
	('late', '2026-03-19: -1000.00', '2026-03-19', 'broken'),
	('taken back inside the window', '2026-03-10: -1000.00, 2026-03-18: 1000.00', '2026-03-18', 'open'),
	('taken back inside the window', '2026-03-10: -1000.00, 2026-03-18: 1000.00', '2026-03-19', 'broken'),
	('taken back inside the window, before', '2026-03-10: -1000.00, 2026-03-18: 1000.00', '2026-03-17', 'kept'),
	('taken back after it', '2026-03-10: -1000.00, 2026-03-19: 1000.00', '2026-03-31', 'kept'),
	('before the promise', '2026-03-01: -1000.00', '2026-03-31', 'broken');
SELECT results_eq($$ SELECT (dunning.promise_state(100, '2026-03-01', '2026-03-01', format('{2026-01-05: 500.00, %s: -100.00}', p.day)::dunning.balance_history, '2026-03-02')).state
	FROM (VALUES (date '2026-02-28'), ('2026-03-01'), ('2026-03-02')) AS p (day) ORDER BY p.day $$, $$ VALUES ('broken'), ('kept'), ('broken') $$, 'a promise for the same day is paid on it');
SELECT is((SELECT s.state FROM dunning.promise_state(1000.00, '2026-03-01', '2026-03-15', format('{2026-01-05: 5000.00, %s}', r.payments)::dunning.balance_history, r.as_of,
	grace_days => 3, tolerance_percent => 10) AS s), r.state, format('%s on %s', r.id, r.as_of)) FROM row_of_practice AS r;
SELECT is(s::text, '(partly_kept,899.99,100.01,2026-03-19,)', 'what was paid, what is missing, and when it was decided')
FROM dunning.promise_state(1000, '2026-03-01', '2026-03-15', '{2026-01-05: 5000.00, 2026-03-18: -899.99}', '2026-03-20', 3, 10) AS s;
SELECT is(s::text, '(open,0.00,1000.00,,2026-03-16)', 'an open one changes on the day after its last one')
FROM dunning.promise_state(1000.00, '2026-03-01', '2026-03-15', '{2026-01-05: 5000.00}', '2026-03-02') AS s;
-- a tolerance of 10 percent or 70: TO-01, and the lower one
SELECT is((SELECT s.state FROM dunning.promise_state(100, '2026-03-01', '2026-03-15', '{2026-01-05: 100.00, 2026-03-02: -80.00}', '2026-03-31', 0, 10, 70, t.which) AS s), t.state, t.which)
FROM (VALUES ('higher', 'kept'), ('lower', 'partly_kept')) AS t (which, state);
SELECT is((SELECT s.state || ' ' || s.decided_on FROM dunning.promise_state(100, '2026-03-01', '2026-03-15', '{2026-01-05: 100.00, 2026-03-12: -100.00}', d.day, withdrawn_on => '2026-03-10') AS s),
	d.state, 'withdrawn on the 10th: ' || d.day) FROM (VALUES (date '2026-03-09', NULL), ('2026-03-10', 'withdrawn 2026-03-10'), ('2026-03-31', 'withdrawn 2026-03-10')) AS d (day, state);
SELECT is(pg_temp.said(format('SELECT dunning.promise_state(%s)', a)), e, a) FROM (VALUES
	($a$0, '2026-03-01', '2026-03-15', '{}'$a$, '22023 | an amount of 0 cannot be promised | Give an amount above 0.'),
	($a$'NaN', '2026-03-01', '2026-03-15', '{}'$a$, '22023 | an amount of NaN cannot be promised | Give an amount above 0.'),
	($a$10, '2026-03-16', '2026-03-15', '{}'$a$, '22023 | a promise of 2026-03-16 cannot be for 2026-03-15 | Give a day on which the customer will pay, as YYYY-MM-DD.'),
	($a$10, '2026-03-01', 'infinity', '{}'$a$, '22008 | a promise cannot be made on 2026-03-01 for infinity | Its days are of the years 0001 to 9998.'),
	($a$10, '2026-03-01', '2026-03-15', '{}', tolerance_amount => 10$a$, '22023 | a tolerance of 10 leaves nothing of a promise of 10 | A tolerance is less than the amount.'),
	($a$10, '2026-03-01', '2026-03-15', '{}', tolerance_percent => 100$a$, '22023 | a tolerance of 100 percent and 0 is not possible | Give a percentage from 0 to less than 100, and an amount of 0 or more.'),
	($a$10, '2026-03-01', '2026-03-15', '{}', grace_days => -1$a$, '22023 | a promise cannot have -1 days of grace | Give 0 to 365 days.'),
	($a$10, '2026-03-01', '2026-03-15', '{}', tolerance_is => 'max'$a$, '22023 | there is no tolerance "max" | It is the higher or the lower one of the percentage and the amount.'),
	($a$NULL, '2026-03-01', '2026-03-15', '{}'$a$, '-')) AS v (a, e);
SELECT results_eq($$ SELECT * FROM dunning.payments('{2026-01-01: 5000.00, 2026-03-18: -900.00, 2026-03-18: -20.00, 2026-03-20: 900.00, 2026-04-01: -1.00}', '2026-03-31') $$,
	$$ VALUES (date '2026-03-18', -20.00 * -1, NULL::date), ('2026-03-18', 900.00, '2026-03-20') $$, 'the payments of an item, and the day on which one came back');
SELECT results_eq($$ SELECT * FROM dunning.payments('{2026-01-01: 5000.00, 2026-03-18: -900.00, 2026-03-20: 900.00}', '2026-03-19') $$,
	$$ VALUES (date '2026-03-18', 900.00, NULL::date) $$, 'which is not known before');

--
-- In the books
--
CREATE TABLE facture (id integer PRIMARY KEY, client text, societe text, devise text, date_facture date, date_echeance date, total numeric);
CREATE TABLE reglement (id integer GENERATED ALWAYS AS IDENTITY, facture integer, montant numeric, date_reglement date);
CREATE INDEX ON facture (client);
CREATE INDEX ON reglement (facture);
INSERT INTO facture SELECT k, CASE WHEN k <= 3 THEN 'Été' WHEN k <= 5 THEN 'Hiver' ELSE 'Deux' END, CASE WHEN k = 5 THEN 'B' ELSE 'A' END,
	CASE WHEN k = 7 THEN 'USD' ELSE 'EUR' END, pg_temp.now() - 100, pg_temp.now() - 70, 100.00 * k FROM generate_series(1, 7) AS k;
\set columns '{"key": "id", "customer": "client", "due_on": "date_echeance", "issued_on": "date_facture", "amount": "total", "company": "societe", "currency": "devise", "payments": {"table": "reglement", "item": "facture", "amount": "montant", "date": "date_reglement"}}'
SELECT FROM dunning.adopt('facture', columns => :'columns', procedure => 'standard') \g /dev/null
SELECT is((SELECT count(*) || ' ' || sum(open_amount) FROM dunning.open_item WHERE history IS NOT NULL), '7 2800.00', 'seven open items with histories');

-- 600.00 of customer Été, all open; a promise of 400.00 about all, one of 150.00 about item 1 and 2
SELECT dunning.promise_to_pay('facture', 'Été', 400, pg_temp.now() + 10, promised_on => pg_temp.now() - 20, grace_days => 2, promised_by => 'Mme Roux', note => 'called') AS first \gset
SELECT dunning.promise_to_pay('facture', NULL, 150, pg_temp.now() - 5, ARRAY['1', '2']::dunning.item_key[], promised_on => pg_temp.now() - 20) AS second \gset
SELECT results_eq($$ SELECT promise, customer::text, items::text, currency, amount, last_on - pg_temp.now(), state, paid, missing, decided_on - pg_temp.now(), changes_on - pg_temp.now(), promised_by FROM dunning.promises() $$,
	format($$ VALUES (%s::bigint, 'Été', NULL, 'EUR', 400::numeric, 12, 'open', 0.00, 400.00, NULL::integer, 13, 'Mme Roux'),
		(%s, 'Été', '{1,2}', 'EUR', 150, -5, 'broken', 0.00, 150.00, -4, NULL, NULL) $$, :first, :second), 'one is open, one was broken');
SELECT results_eq($$ SELECT state, count(*) FROM dunning.worklist WHERE customer = 'Été' GROUP BY 1 $$, $$ VALUES ('held', 3::bigint) $$, 'what is promised is held');
SELECT results_eq(format($$ SELECT h.item::text, h.amount, h.until_day - pg_temp.now() FROM dunning.hold AS h JOIN dunning.promise AS p ON h.hold = ANY (p.holds) WHERE p.promise = %s ORDER BY h.hold $$, :second),
	$$ VALUES ('1', NULL::numeric, -5), ('2', 50.00, -5) $$, 'of items as much as was promised, for the days of one that is noted late, too');

SELECT is((SELECT reason_name || ' ' || (until_on - pg_temp.now()) FROM dunning.worklist WHERE item = '3'), 'promise 12', 'until the last day of the promise');
SELECT is((SELECT state FROM dunning.worklist WHERE item = '4'), 'due', 'and nothing else');
-- the earlier one is filled first, from its own items only
INSERT INTO reglement (facture, montant, date_reglement) VALUES (3, 100, pg_temp.now() - 7), (1, 100, pg_temp.now() - 6), (2, 20, pg_temp.now() - 4);
SELECT results_eq($$ SELECT state, paid FROM dunning.promises() $$, $$ VALUES ('open', 120.00), ('partly_kept', 100.00) $$, 'payments fill the promises first to last');
SELECT results_eq($$ SELECT state, paid FROM dunning.promises(pg_temp.now() - 6) $$, $$ VALUES ('open', 100.00), ('open', 100.00) $$, 'on any day');
SELECT results_eq($$ SELECT state, paid FROM dunning.promises(pg_temp.now() - 7, 'facture', 'Été') $$, $$ VALUES ('open', 100.00), ('open', 0.00) $$, 'a payment of another item is for the promise about all');
SELECT is_empty($$ SELECT * FROM dunning.promises(pg_temp.now() - 21) $$, 'before they were made there is none');
SELECT results_eq($$ SELECT promise, state FROM dunning.promises_due() $$, format($$ VALUES (%s::bigint, 'partly_kept') $$, :second), 'what the morning asks for');
SELECT results_eq($$ SELECT promise, state FROM dunning.promises_due(days => 10) $$, format($$ VALUES (%s::bigint, 'partly_kept'), (%s, 'open') $$, :second, :first), 'with more days ahead');
INSERT INTO reglement (facture, montant, date_reglement) VALUES (3, 200, pg_temp.now() - 1), (2, 80, pg_temp.now());
SELECT results_eq($$ SELECT state, paid, decided_on - pg_temp.now() FROM dunning.promises() WHERE items IS NULL $$, $$ VALUES ('kept', 400.00, 0) $$, 'the promise about all is kept by what is left');
-- paid again, since it came back
INSERT INTO reglement (facture, montant, date_reglement) VALUES (3, -200, pg_temp.now());
SELECT results_eq($$ SELECT state, paid FROM dunning.promises() WHERE items IS NULL $$, $$ VALUES ('open', 200.00) $$, 'a payment that is taken back un-keeps it');

SELECT ok(dunning.withdraw_promise(:first, 'he cannot'), 'withdrawn');
SELECT ok(NOT dunning.withdraw_promise(:first, 'he cannot'), 'once');
SELECT results_eq($$ SELECT state, paid, decided_on - pg_temp.now() FROM dunning.promises() WHERE items IS NULL $$, $$ VALUES ('withdrawn', 0.00, 0) $$, 'a withdrawn promise takes nothing');
SELECT results_eq($$ SELECT state FROM dunning.promises(pg_temp.now() - 1) WHERE items IS NULL $$, $$ VALUES ('open') $$, 'the day before it stood');
SELECT is((SELECT state FROM dunning.worklist WHERE item = '3'), 'due', 'and nothing is held for it any more');
SELECT is((SELECT withdrawn_by || ' ' || withdraw_reason || ' ' || (withdrawn_at = now()) FROM dunning.promise WHERE promise = :first), session_user || ' he cannot true', 'who, why and when');
SELECT is((SELECT count(*) FROM dunning.promise WHERE customer = 'Été'), 2::bigint, 'both stay');

-- what another source tells twice
SELECT is(dunning.promise_to_pay('facture', 'Hiver', 50, pg_temp.now() + 3, source => 'portal', external_id => 'p1', holds => false),
	dunning.promise_to_pay('facture', 'Hiver', 50, pg_temp.now() + 3, source => 'portal', external_id => 'p1', holds => false), 'the same promise');
SELECT is((SELECT state FROM dunning.worklist WHERE item = '4'), 'due', 'without a hold nothing is held');

SELECT is(pg_temp.said('SELECT dunning.' || a), replace(replace(e, '<today>', pg_temp.now()::text), '<tomorrow>', (pg_temp.now() + 1)::text), a) FROM (VALUES
	($a$promise_to_pay('nope', 'Été', 1, '2030-01-01')$a$, '42704 | ledger "nope" does not exist | SELECT ledger FROM dunning.ledger lists them.'),
	($a$promise_to_pay('facture', 'Nobody', 1, '2030-01-01')$a$, '42704 | customer "Nobody" has no item in ledger "facture" | No row of the ledger is hidden. | SELECT DISTINCT customer FROM dunning.open_item WHERE ledger = ''facture'' lists who owes something.'),
	($a$promise_to_pay('facture', NULL, 1, '2030-01-01')$a$, '22004 | a promise is of a customer, or about items | Give the customer, or the items, or both.'),
	($a$promise_to_pay('facture', 'Été', 1, '2030-01-01', ARRAY['99']::dunning.item_key[])$a$, '42704 | item "99" is not in ledger "facture" | No row of the ledger is hidden. | SELECT item FROM dunning.open_item WHERE ledger = ''facture'' lists the open ones.'),
	($a$promise_to_pay('facture', 'Été', 1, '2030-01-01', ARRAY['1', '4']::dunning.item_key[])$a$, '22023 | the items are not all of customer "Été" | A promise is of one customer, or of who pays for all: note one for each.'),
	($a$promise_to_pay('facture', 'Hiver', 1, '2030-01-01', ARRAY['2']::dunning.item_key[])$a$, '22023 | the items are not all of customer "Hiver" | A promise is of one customer, or of who pays for all: note one for each.'),
	($a$promise_to_pay('facture', 'Deux', 1, '2030-01-01')$a$, '22023 | in which currency did customer "Deux" promise? | The open items are in EUR, USD. | Give the currency.'),
	($a$promise_to_pay('facture', 'Deux', 601, '2030-01-01', currency => 'EUR')$a$, '22023 | customer "Deux" cannot promise 601: 600.00 is open | On <today>. In EUR. | Promise what is open, or a part of it.'),
	($a$promise_to_pay('facture', 'Deux', 1.005, '2030-01-01', currency => 'EUR')$a$, '22023 | 1.005 is not an amount of money in EUR | Give an amount with at most 2 decimals.'),
	($a$promise_to_pay('facture', 'Deux', 1, '2030-01-01', currency => 'GBP')$a$, '22023 | customer "Deux" cannot promise 1: 0 is open | On <today>. In GBP. | Promise what is open, or a part of it.'),
	($a$promise_to_pay('facture', 'Été', 1, '2000-01-01')$a$, '22023 | a promise of <today> cannot be for 2000-01-01 | Give a day on which the customer will pay, as YYYY-MM-DD.'),
	($a$promise_to_pay('facture', 'Été', 1, '2030-01-01', promised_on => '<tomorrow>')$a$, NULL),
	($a$promise_to_pay('facture', 'Hiver', 51, '2030-01-01', source => 'portal', external_id => 'p1')$a$, '23505 | another promise has the external_id "p1" of source "portal" | A promise does not change: withdraw it, and note another under another external_id.'),
	($a$withdraw_promise(0, 'x')$a$, 'P0002 | promise 0 does not exist | SELECT promise, customer, amount, state FROM dunning.promises() lists them.'),
	($a$withdraw_promise(1, ' ')$a$, '22023 | a reason is needed to withdraw a promise | The history of a customer has to say why it was not asked for any more.')) AS v (a, e) WHERE e IS NOT NULL;
SELECT throws_ok(format($$ SELECT dunning.withdraw_promise(%s, 'x') $$, :second), '55000', NULL, 'one whose last day has passed is not withdrawn');
SELECT is((SELECT count(*) FROM dunning.promise), 3::bigint, 'what was refused changed nothing');
SELECT is((SELECT count(*) FROM dunning.hold WHERE source = 'promise' AND released_on IS NULL AND until_day >= pg_temp.now()), 0::bigint, 'nothing is held any more');
SELECT throws_ok(format('UPDATE dunning.promise SET withdrawn_on = ''2999-01-01'' WHERE promise = %s', :second), '23514', format('promise %s cannot end on 2999-01-01, a day to come', :second), 'nor withdrawn on a day to come');

SELECT throws_ok(format('UPDATE dunning.promise SET %s WHERE promise = %s', s, :second), '55000', NULL, s) FROM unnest(ARRAY['amount = 999', 'customer = ''x''', 'noted_by = ''x''']) AS s;
SELECT throws_ok(format('UPDATE dunning.promise SET withdrawn_on = NULL, withdrawn_at = NULL, withdrawn_by = NULL WHERE promise = %s', :first), '55000', NULL, 'a withdrawal is noted once');
SELECT throws_ok('DELETE FROM dunning.promise', '55000', NULL, 'a promise is not deleted');

-- noted when it is paid: what was open on its day can be promised, and nothing that was paid by then
INSERT INTO facture VALUES (8, 'Tard', 'A', 'EUR', pg_temp.now() - 100, pg_temp.now() - 70, 200.00);
INSERT INTO reglement (facture, montant, date_reglement) VALUES (8, 150, pg_temp.now() - 1), (8, 50, pg_temp.now());
SELECT dunning.promise_to_pay('facture', 'Tard', 200, pg_temp.now(), promised_on => pg_temp.now() - 3, holds => false) AS late \gset
SELECT results_eq(format($$ SELECT state, paid FROM dunning.promises() WHERE promise = %s $$, :late), $$ VALUES ('kept', 200.00) $$, 'a promise that is noted late is kept by what came after it');
SELECT results_eq(format($$ SELECT state, paid FROM dunning.promises('infinity') WHERE promise = %s $$, :late), $$ VALUES ('kept', 200.00) $$, 'for ever');
SELECT is(pg_temp.said($$ SELECT dunning.promise_to_pay('facture', 'Tard', 1, pg_temp.now()) $$),
	format('22023 | customer "Tard" cannot promise 1: 0 is open | On %s. | Promise what is open, or a part of it.', pg_temp.now()), 'nothing is open any more');
SELECT is(pg_temp.said($$ SELECT dunning.promise_to_pay('facture', 'Tard', 51, pg_temp.now(), promised_on => pg_temp.now() - 1) $$),
	format('22023 | customer "Tard" cannot promise 51: 50.00 is open | On %s. | Promise what is open, or a part of it.', pg_temp.now() - 1), 'nor was more on its day');
SELECT is((dunning.promise_state(10, '2026-01-01', '2026-01-10', '{2026-01-01: 10}', 'infinity')).state, 'broken', 'one that stands is not withdrawn at the end of time');

SELECT is((SELECT string_agg(what, '; ' ORDER BY nth) FROM dunning.why('facture', '2') WHERE about = 'promise') LIKE 'Promise of %400.00 for %: withdrawn; Promise of %150.00 for %: kept in part', true, 'why tells what became of promises');
SELECT is((SELECT string_agg(what, '; ' ORDER BY nth) FROM dunning.why('facture', '2', language => 'fr') WHERE about = 'promise') LIKE 'Promesse de 400% pour le %retirée; Promesse de 150% pour le %tenue en partie', true, 'in French');
-- of one item a part is promised: so much of it is held, and the rest is reminded
INSERT INTO facture VALUES (9, 'Partie', 'A', 'EUR', pg_temp.now() - 100, pg_temp.now() - 70, 1000.00);
SELECT dunning.promise_to_pay('facture', NULL, 400, pg_temp.now() + 3, ARRAY['9']::dunning.item_key[]) AS partly \gset
SELECT results_eq($$ SELECT state, open_amount, held_amount FROM dunning.worklist WHERE item = '9' $$, $$ VALUES ('due', 1000.00, 400::numeric) $$, 'the rest goes on');
SELECT ok(dunning.withdraw_promise(:partly, 'x'), 'withdrawn');
SELECT results_eq($$ SELECT state, held_amount FROM dunning.worklist WHERE item = '9' $$, $$ VALUES ('due', 0::numeric) $$, 'all of it is asked for again');

-- more promises of a customer than anybody counts
INSERT INTO facture VALUES (10, 'Mille', 'A', 'EUR', pg_temp.now() - 100, pg_temp.now() - 70, 100.00);
INSERT INTO dunning.promise (ledger, customer, currency, amount, needed, promised_on, promised_for, last_on)
SELECT 'facture', 'Mille', 'EUR', 1, 1, pg_temp.now() - 30, pg_temp.now() + k % 7, pg_temp.now() + k % 7 FROM generate_series(1, 1001) AS k;
INSERT INTO reglement (facture, montant, date_reglement) VALUES (10, 50, pg_temp.now() - 1);
SELECT results_eq($$ SELECT state, count(*) FROM dunning.promises() WHERE customer = 'Mille' GROUP BY 1 ORDER BY 1 $$, $$ VALUES ('kept', 50::bigint), ('open', 951) $$, '1,001 promises of a customer');
SELECT is((SELECT count(*) FROM dunning.promises() WHERE customer <> 'Mille'), 5::bigint, 'and those of the others');
SELECT set_config('session_replication_role', 'replica', true) \g /dev/null
DELETE FROM dunning.promise WHERE customer IN ('Mille', 'Partie');
SELECT set_config('session_replication_role', 'origin', true) \g /dev/null

-- a key that is longer than what a hold is known by
CREATE TABLE longue (id text PRIMARY KEY, client text, echeance date, solde numeric);
INSERT INTO longue VALUES (repeat('k', 1200), 'Long', pg_temp.now() - 10, 100);
SELECT FROM dunning.adopt('longue', columns => '{"key": "id", "customer": "client", "due_on": "echeance", "open_amount": "solde"}') \g /dev/null
SELECT matches(pg_temp.said($$ SELECT dunning.promise_to_pay('longue', 'Long', 100, pg_temp.now() + 5, ARRAY[repeat('k', 1200)]::dunning.item_key[]) $$), '^\d+$', 'a long key');
SELECT is((SELECT count(*) FROM dunning.hold WHERE ledger = 'longue' AND item = repeat('k', 1200)), 1::bigint, 'is held');
SELECT ok(dunning.withdraw_promise(promise, 'x'), 'and released') FROM dunning.promise WHERE ledger = 'longue';
SELECT is((SELECT count(*) FROM dunning.hold WHERE ledger = 'longue' AND released_on IS NULL), 0::bigint, 'with its promise');

--
-- Who may: a collector of company A
--
SET LOCAL client_min_messages = warning;
CREATE ROLE promise_collector;
CREATE ROLE promise_viewer;
GRANT SELECT ON facture, reglement, longue TO promise_collector, promise_viewer;
SELECT FROM dunning.grant_access('promise_collector', 'collector', company => 'A') \g /dev/null
SELECT FROM dunning.grant_access('promise_viewer', 'viewer') \g /dev/null
SELECT is(pg_temp.said($$ SELECT dunning.promise_to_pay('facture', 'Hiver', 500, '2030-01-01', ARRAY['5']::dunning.item_key[]) $$, 'promise_collector'),
	'42501 | role "promise_collector" may not change what belongs to company "B" in ledger "facture" | Its access is limited to other ledgers or companies. | SELECT * FROM dunning.access shows its access.',
	'not for another company');
SELECT matches(pg_temp.said($$ SELECT dunning.promise_to_pay('facture', 'Hiver', 100, '2030-01-01', ARRAY['4']::dunning.item_key[]) $$, 'promise_collector'), '^\d+$', 'for his own');
SELECT matches(pg_temp.said($$ SELECT dunning.promise_to_pay('facture', 'Hiver', 100, '2030-01-01', ARRAY['4']::dunning.item_key[]) $$, 'promise_viewer'), '^42501', 'a viewer notes nothing');
SELECT is(pg_temp.said($$ SELECT count(*) FROM dunning.promises() $$, 'promise_viewer'), '6', 'but sees all');
SELECT is(pg_temp.said(format($$ INSERT INTO dunning.promise (ledger, customer, items, company, amount, needed, promised_on, promised_for, last_on)
	VALUES ('facture', 'Hiver', '{%s}', 'A', 1, 1, '2026-01-01', '2026-01-02', '2026-01-02') RETURNING items $$, i), 'promise_collector'), e, 'nor as a row: ' || i)
FROM (VALUES ('5', '42501 | item "5" of ledger "facture" is not of company "A" | Note it with the function that the comment of the table names.'),
	('4,5', '42501 | item "5" of ledger "facture" is not of company "A" | Note it with the function that the comment of the table names.'), ('4', '{4}')) AS v (i, e);
SELECT matches(pg_temp.said($$ INSERT INTO dunning.einvoice_log (ledger, item, company, code, on_day, amount, source, external_id, done)
	VALUES ('facture', '5', 'A', '212', '2026-10-01', -1000000, 'x', 'x', 'reported') RETURNING item $$, 'promise_collector'), '^42501 \| item "5"', 'nor what was reported of it');
SELECT matches(pg_temp.said($$ INSERT INTO dunning.plan (ledger, customer, items, company, amount, agreed_on, due_on, amounts)
	VALUES ('facture', 'Hiver', '{5}', 'A', 1, '2026-01-01', '{2026-02-01}', '{1}') RETURNING plan $$, 'promise_collector'), '^42501 \| item "5"', 'nor a plan for it');
SELECT matches(pg_temp.said(format($$ SELECT dunning.einvoice_event('facture', '4', '211', %L, amount => 5) $$, pg_temp.now()), 'promise_collector'), 'promised', 'but events of his own');
SELECT matches(pg_temp.said($$ UPDATE dunning.promise SET amount = 1 $$, 'promise_collector'), '^42501', 'nobody changes a promise');

-- what is hidden, or gone, is said, and does not silence the others
CREATE ROLE promise_hidden;
SELECT dunning.promise_to_pay('longue', 'Long', 50, pg_temp.now() + 5) \g /dev/null
GRANT SELECT ON facture, reglement, longue TO promise_hidden;
SELECT FROM dunning.grant_access('promise_hidden', 'viewer') \g /dev/null
ALTER TABLE longue ENABLE ROW LEVEL SECURITY;
SELECT matches(pg_temp.said($$ SELECT string_agg(DISTINCT concat_ws(' ', ledger, state IS NULL, problem), '; ') FROM dunning.promises() WHERE ledger = 'longue' AND amount = 50 $$, 'promise_hidden'), '^longue t row-level security on .* hides rows', 'a hidden ledger is told');
SELECT isnt(pg_temp.said($$ SELECT count(*) FROM dunning.promises() WHERE ledger = 'facture' AND state IS NOT NULL $$, 'promise_hidden'), '0', 'beside the others');
SELECT dunning.agree_plan('facture', ARRAY['6']::dunning.item_key[], pg_temp.now() + 5, 2) \g /dev/null
DROP TABLE longue CASCADE;
SELECT matches((SELECT string_agg(DISTINCT concat_ws(' ', state, problem), '; ') FROM dunning.promises() WHERE ledger = 'longue'), 'cannot be read|gone|does not exist', 'a table that was dropped is told');
SELECT is((SELECT count(*) FROM dunning.promises() WHERE ledger = 'facture' AND state IS NULL), 0::bigint, 'and the others are known');
SELECT is((SELECT string_agg(state, ',') FROM dunning.plans()), 'active', 'so are the plans');

-- for today, and paid today
INSERT INTO facture VALUES (90, 'Net', 'A', 'EUR', pg_temp.now() - 100, pg_temp.now() - 70, 200.00);
SELECT dunning.promise_to_pay('facture', 'Net', 150, pg_temp.now()) AS same_day \gset
INSERT INTO reglement (facture, montant, date_reglement) VALUES (90, 150, pg_temp.now());
SELECT results_eq(format($$ SELECT state, paid, decided_on - pg_temp.now() FROM dunning.promises(pg_temp.now() + 1) WHERE promise = %s $$, :same_day), $$ VALUES ('kept', 150.00, 0) $$, 'a promise for today is kept today');
DELETE FROM reglement WHERE facture = 90;
DELETE FROM facture WHERE id = 90;

-- a ledger that is released leaves the lists of the others alone
SELECT count(*) FROM dunning.release_ledger('longue') \g /dev/null
SELECT is((SELECT string_agg(DISTINCT ledger, ' ') FROM dunning.promises()), 'facture', 'the promises of the others');
SELECT is((SELECT count(*) FROM dunning.promises_due(ledger => 'longue')), 0::bigint, 'and none of its own');
SELECT count(*) FROM dunning.release_ledger('facture') \g /dev/null
SELECT ok(dunning.withdraw_promise(max(promise), 'x'), 'one of a released ledger is withdrawn') FROM dunning.promise WHERE withdrawn_on IS NULL AND last_on >= pg_temp.now() AND ledger = 'facture';
SELECT finish();
ROLLBACK;
