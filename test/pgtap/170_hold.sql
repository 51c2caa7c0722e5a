-- Holds: reasons, what is held from when until when, releases, disputes, e-invoices, and who may.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\ir said.psql

CREATE FUNCTION pg_temp.as_role(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	EXECUTE statement INTO answer;
	RESET ROLE;
	RETURN coalesce(answer, '-');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

CREATE TABLE facture (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric, societe text, devise text);
CREATE INDEX ON facture (client_id);
INSERT INTO facture SELECT k, k % 4, date '2026-03-01', 100, CASE WHEN k % 2 = 0 THEN 'A' ELSE 'B' END, 'EUR' FROM generate_series(1, 12) AS k;
CREATE TABLE other (LIKE facture INCLUDING ALL);
INSERT INTO other SELECT * FROM facture WHERE id < 3;
CREATE TABLE tranche (id text PRIMARY KEY, client integer, issued_on date, terms text, amount numeric, solde numeric);
INSERT INTO tranche VALUES ('T', 1, '2026-01-01', '30% on order; balance net 60', 1000, 1000);
\set columns '{"key": "id", "customer": "client_id", "due_on": "date_echeance", "open_amount": "solde", "company": "societe", "currency": "devise"}'
SELECT FROM dunning.adopt('facture', columns => :'columns') \g /dev/null
SELECT FROM dunning.adopt('other', columns => :'columns') \g /dev/null
SELECT FROM dunning.adopt('tranche', columns => '{"key": "id", "customer": "client", "issued_on": "issued_on", "terms": "terms", "amount": "amount", "open_amount": "solde"}') \g /dev/null
SELECT is((SELECT count(*) FROM dunning.open_item WHERE ledger = 'tranche'), 2::bigint, 'an item in two parts');

--
-- Reasons and categories
--
SELECT set_eq('SELECT name FROM dunning.hold_reason WHERE shipped AND label_fr <> ''''',
	ARRAY['dispute', 'deferral', 'insolvency', 'direct_debit', 'not_delivered', 'suspended', 'mediation', 'bill_of_exchange', 'manual', 'erp_disputed', 'erp_held', 'write_off', 'tolerance', 'statements', 'promise', 'plan', 'broken_promise', 'broken_plan'], 'the reasons that are shipped');
SELECT is((SELECT count(*) FROM dunning.hold_reason AS r WHERE _dunning.hold_fact(r.name, '2026-01-01', NULL, NULL, r.stops, r.then_do) IS NOT NULL), 18::bigint, 'each can be a fact');
SELECT set_eq('SELECT code FROM dunning.dispute_category WHERE shipped AND label_en <> '''' AND label_fr <> ''''',
	$$ SELECT regexp_split_to_table('NON_TRANSMISE JUSTIF_ABS ROUTAGE_ERR AUTRE COORD_BANC_ERR TX_TVA_ERR MONTANTTOTAL_ERR CALCUL_ERR NON_CONFORME DOUBLON DEST_INC DEST_ERR '
		'TRANSAC_INC EMMET_INC CONTRAT_TERM DOUBLE_FACT CMD_ERR ADR_ERR SIRET_ERR CODE_ROUTAGE_ERR REF_CT_ABSENT REF_ERR PU_ERR REM_ERR QTE_ERR ART_ERR MODPAI_ERR QUALITE_ERR LIVR_INCOMP', ' ') $$,
	'the 29 reason codes of French electronic invoices');
SELECT throws_ok(statement, sqlstate, NULL, statement) FROM (VALUES
	('INSERT INTO dunning.hold_reason (name, label_en) VALUES (''Mine'', ''x'')', '23514'),
	('INSERT INTO dunning.hold_reason (name, label_en) VALUES (''my reason'', ''x'')', '23514'),
	('INSERT INTO dunning.hold_reason (name, label_en) VALUES (''1st'', ''x'')', '23514'),
	('INSERT INTO dunning.hold_reason (name, label_en) VALUES ('''', ''x'')', '23514'),
	(format('INSERT INTO dunning.hold_reason (name, label_en) VALUES (%L, ''x'')', repeat('x', 64)), '23514'),
	('INSERT INTO dunning.hold_reason (name, label_en, stops) VALUES (''mine'', ''x'', ''some'')', '23514'),
	('INSERT INTO dunning.hold_reason (name, label_en, then_do) VALUES (''mine'', ''x'', ''stop'')', '23514'),
	('INSERT INTO dunning.hold_reason (name, label_en, longest_days) VALUES (''mine'', ''x'', 0)', '23514'),
	('INSERT INTO dunning.hold_reason (name, label_en, interest_runs) VALUES (''mine'', ''x'', false)', '23514'),
	('UPDATE dunning.hold_reason SET stops = ''none'' WHERE name = ''dispute''', '55000'),
	('DELETE FROM dunning.dispute_category WHERE code = ''AUTRE''', '55000')) AS v (statement, sqlstate);
INSERT INTO dunning.hold_reason (name, label_en, stops, interest_claimed, counts_as_overdue, then_do, longest_days) VALUES ('retention', 'Retention', 'automatic', false, false, 'restart', 30);
INSERT INTO dunning.hold_reason (name, label_en, needs_amount) VALUES ('part_only', 'Part only', true);
INSERT INTO dunning.hold_reason (name, label_en, stops) VALUES ('watched_only', 'Watched', 'none');
INSERT INTO dunning.dispute_category (code, label_en) VALUES ('OURS', 'Ours');

--
-- Holding
--
SELECT dunning.hold_item('facture', '1', 'dispute', note => ' he called ', category => 'PU_ERR', person_in_charge => 'Anna', answer_due_on => pg_temp.now() + 5, amount => 30, external_id => 'd1') AS disputed \gset
SELECT results_eq($$ SELECT ledger::text COLLATE "default", item::text, part, customer::text, company, reason, from_day, until_day, amount, currency, stops, then_do, interest_runs, interest_claimed, counts_as_overdue,
		note, source, external_id, category, person_in_charge, answer_due_on, noted_by::text COLLATE "default", noted_at, released_on FROM dunning.hold $$,
	format($$ VALUES ('facture', '1', 1, NULL, 'B', 'dispute', %1$L::date, NULL::date, 30::numeric, 'EUR', 'all', 'wait', true, false, true,
		'he called', 'person', 'd1', 'PU_ERR', 'Anna', %1$L::date + 5, session_user::text COLLATE "default", now(), NULL::date) $$, pg_temp.now()), 'an amount of an item in dispute, from the real day');
SELECT dunning.hold_items('facture', '{3,2,3}', 'retention', from_day => pg_temp.now() - 10) AS retained \gset
SELECT results_eq(format('SELECT item::text, company, until_day - from_day + 1, stops, then_do, counts_as_overdue FROM dunning.hold WHERE hold = ANY (%L) ORDER BY array_position(%1$L::bigint[], hold)', :'retained'),
	$$ VALUES ('3', 'B', 30, 'automatic', 'restart', false), ('2', 'A', 30, 'automatic', 'restart', false) $$, 'several items, each once and in their order, end after the longest duration of the reason');
UPDATE dunning.hold_reason SET stops = 'none', then_do = 'wait' WHERE name = 'retention';
SELECT is((SELECT string_agg(DISTINCT stops || ' ' || then_do, ', ') FROM dunning.hold WHERE reason = 'retention'), 'automatic restart', 'a reason that is edited changes no hold');
SELECT dunning.hold_item('facture', '4', 'retention', until_day => pg_temp.now() + 29) AS later \gset
SELECT is((SELECT stops FROM dunning.hold WHERE hold = :later), 'none', 'but the next one');
SELECT dunning.hold_customer('facture', '3', 'insolvency', from_day => pg_temp.now() + 3, note => 'judgment') AS customers \gset
SELECT dunning.hold_ledger('other', 'manual', until_day => pg_temp.now() + 2) AS ledgers \gset
SELECT dunning.hold_item('tranche', 'T', 'dispute', part => 2, amount => 50) AS part_of \gset
SELECT dunning.hold_item('facture', '5', 'not_delivered', from_day => '2020-02-29', until_day => '2020-03-01') AS over \gset
SELECT is(dunning.hold_items('facture', '{}', 'manual'), '{}', 'no items, no holds');

SELECT matches(pg_temp.said(statement), '^' || answer, statement) FROM (VALUES
	('SELECT dunning.hold_item(NULL, ''1'', ''manual'')', '22004 \| the ledger of a hold is missing \| SELECT'),
	('SELECT dunning.hold_item(''missing'', ''1'', ''manual'')', '42704 \| ledger "missing" does not exist \| SELECT'),
	('SELECT dunning.hold_item(''facture'', NULL, ''manual'')', '22004 \| the key of the item is missing'),
	('SELECT dunning.hold_item(''facture'', ''99'', ''manual'')', '42704 \| item "99" is not in ledger "facture" \| No row of the ledger is hidden. \| SELECT'),
	('SELECT dunning.hold_item(''facture'', ''01'', ''manual'')', '42704 \| item "01" is not'),
	('SELECT dunning.hold_item(''other'', ''5'', ''manual'')', '42704 \| item "5" is not in ledger "other"'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''whim'')', '42704 \| hold reason "whim" does not exist \| SELECT'),
	('SELECT dunning.hold_item(''facture'', ''1'', NULL)', '42704 \| hold reason "NULL" does not exist'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''manual'', ''2026-03-02'', ''2026-03-01'')', '22023 \| a hold from 2026-03-02 cannot end on 2026-03-01 \| until_day'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''manual'', ''infinity'')', '22008 \| a hold cannot last from infinity until NULL'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''manual'', ''2026-03-02'', ''infinity'')', '22008 \| a hold cannot last from 2026-03-02 until infinity'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''deferral'')', '22023 \| a hold for "deferral" needs an end \| Give'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''retention'', ''2026-03-01'', ''2026-03-31'')', '22023 \| a hold for "retention" lasts 30 days at most \| From 2026-03-01, the last day is 2026-03-30. \| Give'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''part_only'')', '22023 \| a hold for "part_only" needs an amount'),
	('SELECT dunning.hold_customer(''facture'', ''1'', ''part_only'')', '22023 \| a hold for "part_only" needs an amount'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''manual'', amount => 0)', '22023 \| an amount of 0 cannot be held'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''manual'', amount => ''NaN'')', '22023 \| an amount of NaN'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''manual'', amount => ''Infinity'')', '22023 \| an amount of Infinity'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''manual'', amount => 100.01)', '22023 \| 100.01 of item "1" cannot be held: 100 is open \| Give an amount of at most what is open'),
	('SELECT dunning.hold_item(''tranche'', ''T'', ''manual'', part => 1, amount => 301, from_day => ''2026-06-01'')', '22023 \| 301 of item "T" cannot be held: 300.00 is open'),
	('SELECT dunning.write_off(''facture'', ''1'', ''lost'', amount => 101)', '22023 \| 101 of item "1" cannot be held: 100 is open'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''manual'', part => 2)', '22023 \| item "1" has no part 2 \| It has: 1.'),
	('SELECT dunning.hold_item(''tranche'', ''T'', ''manual'', amount => 5)', '22023 \| of which part of item "T" is an amount held\? \| It has the parts 1, 2.'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''dispute'', amount => 5, currency => ''USD'')', '22023 \| the amounts of item "1" are in EUR, not in USD'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''dispute'', category => ''NO'')', '42704 \| dispute category "NO" does not exist'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''dispute'', expected_credit => -1)', '22023 \| a credit of -1 cannot be expected'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''manual'', source => '''')', '22023 \| the source of a hold is a name'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''manual'', external_id => '''')', '22023 \| the source of a hold is a name'),
	('SELECT dunning.hold_items(''facture'', NULL, ''manual'')', '22023 \| items is not a list'),
	('SELECT dunning.hold_items(''facture'', ''{1,NULL}'', ''manual'')', '22004 \| the key of the item is missing'),
	('SELECT dunning.hold_items(''facture'', ''{1,99}'', ''manual'')', '42704 \| item "99" is not in ledger'),
	('SELECT dunning.hold_items(''facture'', ''{1,2}'', ''manual'', external_ids => ''{a}'')', '22023 \| items is not a list'),
	('SELECT dunning.hold_customer(''facture'', ''77'', ''manual'')', '42704 \| customer "77" has no item in ledger "facture" \| No row of the ledger is hidden. \| SELECT'),
	('SELECT dunning.hold_customer(''facture'', NULL, ''manual'')', '22004 \| the key of the customer is missing'),
	('SELECT dunning.hold_ledger(''missing'', ''manual'')', '42704 \| ledger "missing" does not exist')) AS v (statement, answer);
SELECT is((SELECT count(*) FROM dunning.hold), 8::bigint, 'nothing was noted of these');

--
-- The same source and external_id is the same hold
--
SELECT is(dunning.hold_item('facture', '1', 'dispute', amount => 30.00, external_id => 'd1'), :disputed::bigint, 'the same hold again');
SELECT is(dunning.hold_item('facture', '1', 'dispute', part => 1, category => 'PU_ERR', person_in_charge => 'Anna', amount => 30, external_id => 'd1', from_day => pg_temp.now()), :disputed::bigint, 'in full, too');
SELECT matches(pg_temp.said(statement), '^' || answer, statement) FROM (VALUES
	('SELECT dunning.hold_item(''facture'', ''2'', ''dispute'', amount => 30, external_id => ''d1'')', '23505 \| hold \d+ has the external_id "d1" of source "person" and says something else \| It differs in: item. \| A hold does not change'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''dispute'', external_id => ''d1'')', '23505 .*It differs in: amount, part'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''manual'', amount => 31, external_id => ''d1'')', '23505 .*It differs in: amount, reason'),
	('SELECT dunning.hold_item(''facture'', ''1'', ''dispute'', ''2026-01-01'', amount => 30, note => ''x'', external_id => ''d1'')', '23505 .*It differs in: from_day, note'),
	('SELECT dunning.hold_customer(''facture'', ''1'', ''dispute'', external_id => ''d1'')', '23505 .*It differs in: amount, customer, item, part')) AS v (statement, answer);
SELECT isnt(dunning.hold_item('facture', '1', 'dispute', amount => 30, external_id => 'd1', source => 'erp'), :disputed::bigint, 'another source has its own');
UPDATE facture SET solde = 20 WHERE id = 1;
SELECT is(dunning.hold_item('facture', '1', 'dispute', amount => 30, external_id => 'd1'), :disputed::bigint, 'also when less is open now');
UPDATE facture SET solde = 100 WHERE id = 1;
SELECT dunning.hold_items('facture', '{6,7}', 'manual', source => 'erp', external_ids => '{h6,h7}') AS synced \gset
SELECT is(dunning.hold_items('facture', '{7,6}', 'manual', source => 'erp', external_ids => '{h7,h6}'), ARRAY[(:'synced'::bigint[])[2], (:'synced'::bigint[])[1]], 'so it is for many');

-- its end is what may be said later
SELECT dunning.hold_item('facture', '8', 'manual', pg_temp.now() - 20, source => 'erp', external_id => 'e1') AS ends \gset
SELECT is(dunning.hold_item('facture', '8', 'manual', pg_temp.now() - 20, pg_temp.now() + 5, source => 'erp', external_id => 'e1'), :ends::bigint, 'an end to come');
SELECT is((SELECT until_day - pg_temp.now() FROM dunning.hold WHERE hold = :ends AND released_on IS NULL), 5, 'is its last day');
SELECT is(dunning.hold_item('facture', '8', 'manual', until_day => pg_temp.now() + 5, source => 'erp', external_id => 'e1'), :ends::bigint, 'which may be said again');
SELECT matches(pg_temp.said(format('SELECT dunning.hold_item(''facture'', ''8'', ''manual'', until_day => %L, source => ''erp'', external_id => ''e1'')', pg_temp.now() + d)),
	'^55000 \| hold \d+ cannot end on', 'and not moved') FROM unnest(ARRAY[4, 6]) AS d;
SELECT is(dunning.hold_item('facture', '8', 'manual', pg_temp.now() - 20, pg_temp.now() - 2, source => 'erp', external_id => 'e1'), :ends::bigint, 'an end that is past');
SELECT results_eq(format('SELECT released_on - pg_temp.now(), released_by::text COLLATE "default", release_reason FROM dunning.hold WHERE hold = %s', :ends), $$ VALUES (-1, session_user::text COLLATE "default", 'its source noted its end') $$, 'is a release');
SELECT is(dunning.hold_item('facture', '8', 'manual', pg_temp.now() - 20, pg_temp.now() - 2, source => 'erp', external_id => 'e1'), :ends::bigint, 'said again, nothing changes');
SELECT matches(pg_temp.said(format('SELECT dunning.hold_item(''facture'', ''8'', ''manual'', %L, %L, source => ''erp'', external_id => ''e1'')', pg_temp.now() - 20, pg_temp.now() - 4)),
	'^55000 \| hold \d+ cannot end on .* \| It was released on', 'and an end is said once');

--
-- Releasing
--
SELECT ok(dunning.release_hold(:ends - 1, ' paid '), 'released');
SELECT ok(NOT dunning.release_hold(:ends - 1, 'again'), 'not twice');
SELECT results_eq(format('SELECT released_on, released_at, released_by::text COLLATE "default", release_reason FROM dunning.hold WHERE hold = %s', :ends - 1), 'SELECT pg_temp.now(), now(), session_user::text COLLATE "default", ''paid''', 'on the real day');
SELECT ok(NOT dunning.release_hold(:over, 'x'), 'what has ended by itself is not released');
SELECT ok(dunning.release_hold(:over, 'it was an error', '2020-02-29'), 'but may have been a mistake');
SELECT ok(dunning.release_hold(:customers, 'no judgment'), 'what is to come is released');
SELECT is(dunning.release_holds(:'synced', 'all'), 1, 'of several those that are held');
SELECT matches(pg_temp.said(statement), '^' || answer, statement) FROM (VALUES
	('SELECT dunning.release_hold(-1, ''x'')', 'P0002 \| hold -1 does not exist'),
	('SELECT dunning.release_hold(NULL, ''x'')', 'P0002 \| hold NULL does not exist'),
	(format('SELECT dunning.release_hold(%s, '' '')', :disputed), '22023 \| a reason is needed to release a hold'),
	(format('SELECT dunning.release_hold(%s, ''x'', %L)', :disputed, pg_temp.now() + 1), '22023 \| a hold cannot be released on .* \| Today is'),
	(format('SELECT dunning.release_hold(%s, ''x'', %L)', :disputed, pg_temp.now() - 1), '22023 \| hold \d+ cannot be released on .* \| It began on'),
	('SELECT dunning.release_holds(''{-1}'', ''x'')', 'P0002 ')) AS v (statement, answer);
-- nothing else of a fact changes
SELECT is(substr(pg_temp.said(format('UPDATE dunning.hold SET %s WHERE hold = %s', change, hold)), 1, 5), '55000', change) FROM (VALUES
	('note = ''x''', :disputed), ('amount = 31', :disputed), ('from_day = from_day - 1', :disputed), ('reason = ''manual''', :disputed), ('noted_by = ''x''', :disputed), ('noted_at = ''2026-01-01''', :disputed),
	('stops = ''none''', :disputed), ('company = NULL', :disputed), ('item = ''2''', :disputed), ('released_on = NULL, released_at = NULL, released_by = NULL', :ends), ('released_on = released_on + 1', :ends),
	('release_reason = ''x''', :ends), ('until_day = until_day + 1', :ends), ('until_day = NULL', :ends), ('hold = 1000', :disputed)) AS v (change, hold);
SELECT is(substr(pg_temp.said(statement), 1, 5), '55000', statement) FROM (VALUES ('DELETE FROM dunning.hold'), ('TRUNCATE dunning.hold')) AS v (statement);

--
-- Disputes
--
SELECT dunning.hold_item('facture', '9', 'dispute', pg_temp.now() - 9, category => 'QTE_ERR') AS right, dunning.hold_item('facture', '9', 'dispute', pg_temp.now() - 9) AS wrong, dunning.hold_item('facture', '9', 'manual') AS none \gset
INSERT INTO facture VALUES (50, 1, '2026-03-01', -25, 'B', 'EUR');
SELECT ok(NOT dunning.resolve_dispute(:right, 'customer_right', pg_temp.now() - 3, expected_credit => 25), 'who is right waits for his credit');
SELECT results_eq(format('SELECT resolution, resolved_on - pg_temp.now(), expected_credit, credit_item::text, released_on - pg_temp.now() FROM dunning.hold WHERE hold = %s', :right), $$ VALUES ('customer_right', -3, 25::numeric, NULL, NULL::integer) $$, 'and stays held');
SELECT matches(pg_temp.said(statement), '^' || answer, statement) FROM (VALUES
	(format('SELECT dunning.resolve_dispute(%s, ''partly'')', :right), '55000 \| dispute \d+ is resolved otherwise \| It was resolved as customer_right on \S+. A credit of 25 is expected. \|'),
	(format('SELECT dunning.resolve_dispute(%s, ''customer_right'', expected_credit => 26)', :right), '55000 '),
	(format('SELECT dunning.resolve_dispute(%s, ''customer_right'', credit_item => ''404'')', :right), '42704 \| item "404" is not in ledger "facture"'),
	(format('SELECT dunning.resolve_dispute(%s, ''lost'')', :wrong), '22023 \| a dispute is not resolved as "lost"'),
	(format('SELECT dunning.resolve_dispute(%s, NULL)', :wrong), '22023 \| a dispute is not resolved as "NULL"'),
	(format('SELECT dunning.resolve_dispute(%s, ''withdrawn'', %L)', :wrong, pg_temp.now() + 1), '22023 '),
	(format('SELECT dunning.resolve_dispute(%s, ''withdrawn'', %L)', :wrong, pg_temp.now() - 10), '22023 \| dispute \d+ cannot be resolved on'),
	(format('SELECT dunning.resolve_dispute(%s, ''withdrawn'', expected_credit => -1)', :wrong), '22023 \| a credit of -1'),
	(format('SELECT dunning.resolve_dispute(%s, ''withdrawn'')', :none), '55000 \| hold \d+ is no dispute \| Its reason is "manual", and it has no category.'),
	('SELECT dunning.resolve_dispute(-1, ''withdrawn'')', 'P0002 ')) AS v (statement, answer);
SELECT ok(dunning.resolve_dispute(:right, 'customer_right', credit_item => '50'), 'until it has come');
SELECT results_eq(format('SELECT resolved_on - pg_temp.now(), credit_item::text, released_on - pg_temp.now(), release_reason FROM dunning.hold WHERE hold = %s', :right), $$ VALUES (-3, '50', 0, 'dispute resolved: customer_right') $$, 'which releases it');
SELECT ok(NOT dunning.resolve_dispute(:right, 'customer_right', credit_item => '50'), 'said again, nothing changes');
SELECT dunning.hold_item('facture', '9', 'dispute') AS unknown, dunning.hold_item('facture', '9', 'dispute') AS partly \gset
SELECT ok(NOT dunning.resolve_dispute(:unknown, 'customer_right'), 'whose credit is not known yet waits, too');
SELECT ok(dunning.resolve_dispute(:unknown, 'customer_right', expected_credit => 0), 'but not for none');
SELECT ok(dunning.resolve_dispute(:partly, 'partly'), 'who is partly right is reminded of the rest if no credit is expected');
SELECT ok(dunning.resolve_dispute(:wrong, 'withdrawn', pg_temp.now() - 1, reason => 'he pays'), 'who withdraws is reminded again');
SELECT results_eq(format('SELECT resolution, resolved_on - pg_temp.now(), released_on - pg_temp.now(), release_reason FROM dunning.hold WHERE hold = %s', :wrong), $$ VALUES ('withdrawn', -1, -1, 'he pays') $$, 'from that day');

--
-- What a person reads
--
SELECT results_eq($$ SELECT about, item::text, customer::text, label, days, amount, category_label FROM dunning.hold_as_of(pg_temp.now()) WHERE hold IN (1, 5, 6, 7) OR ledger = 'other' OR ledger = 'tranche' $$,
	$$ SELECT about, h.item::text, h.customer::text, v.label, 1, h.amount, v.category FROM dunning.hold AS h JOIN (VALUES ('amount', 'facture', 'Dispute', 'Wrong unit price'), ('ledger', 'other', 'On hold', NULL), ('amount', 'tranche', 'Dispute', NULL))
		AS v (about, ledger, label, category) ON v.ledger = h.ledger WHERE h.hold IN (1) OR h.ledger <> 'facture' ORDER BY h.hold $$, 'the holds of today in words');
SELECT is((SELECT label || ', ' || category_label FROM dunning.hold_as_of(pg_temp.now(), language => 'fr') WHERE hold = :disputed), 'Litige, Prix unitaire erroné', 'and in French');
SELECT is_empty($$ SELECT FROM dunning.hold_as_of(NULL) $$, 'none on no day');

--
-- Day by day, against a model: a row a hold of before, as it was asked for
--
CREATE TABLE modelled (LIKE facture INCLUDING ALL);
INSERT INTO modelled SELECT * FROM facture WHERE id <= 12;
SELECT FROM dunning.adopt('modelled', columns => :'columns') \g /dev/null
SELECT setseed(0.17) \g /dev/null
CREATE TEMP TABLE asked AS
SELECT k, CASE WHEN w < 0.6 THEN 'item' WHEN w < 0.85 THEN 'amount' WHEN w < 0.97 THEN 'customer' ELSE 'ledger' END AS about,
	(1 + floor(random() * 12))::integer AS item, floor(random() * 4)::integer AS customer,
	(ARRAY['dispute', 'manual', 'suspended', 'watched_only'])[1 + floor(random() * 4)] AS reason,
	f.first, CASE WHEN random() < 0.6 THEN f.first + floor(random() * 20)::integer END AS last, (1 + floor(random() * 50))::numeric AS amount,
	CASE WHEN random() < 0.5 AND f.first <= pg_temp.now() THEN f.first + floor(random() * least(20, pg_temp.now() - f.first + 1))::integer END AS freed,
	NULL::bigint AS hold
FROM generate_series(1, 60) AS k CROSS JOIN LATERAL (SELECT random() + 0 * k AS w, pg_temp.now() - 40 + floor(random() * 50)::integer + 0 * k AS first) AS f;
UPDATE asked SET hold = CASE about
	WHEN 'item' THEN dunning.hold_item('modelled', item::text::dunning.item_key, reason, first, last)
	WHEN 'amount' THEN dunning.hold_item('modelled', item::text::dunning.item_key, reason, first, last, amount => asked.amount)
	WHEN 'customer' THEN dunning.hold_customer('modelled', customer::text::dunning.item_key, reason, first, last)
	ELSE dunning.hold_ledger('modelled', reason, first, last) END;
SELECT dunning.release_hold(hold, 'x', freed) FROM asked WHERE freed IS NOT NULL \g /dev/null
SELECT cmp_ok((SELECT count(DISTINCT about) FROM asked), '=', 4::bigint, 'holds of every kind');
-- one row a day on which a hold is in force, counted day by day
CREATE TEMP TABLE model AS
SELECT d.day, a.* FROM asked AS a CROSS JOIN (SELECT pg_temp.now() + n AS day FROM generate_series(-45, 40) AS n) AS d
WHERE d.day IN (SELECT a.first + n FROM generate_series(0, 100) AS n WHERE (a.last IS NULL OR a.first + n <= a.last) AND (a.freed IS NULL OR a.first + n < a.freed));
SELECT cmp_ok((SELECT count(*) FROM model), '>', 500::bigint, 'the model has days');
SELECT set_eq('SELECT d.day, h.hold FROM (SELECT DISTINCT day FROM model) AS d CROSS JOIN LATERAL dunning.hold_as_of(d.day) AS h WHERE h.ledger = ''modelled''',
	'SELECT day, hold FROM model', 'hold_as_of is the model, day by day');
SELECT _dunning.holds_query('f.ledger', 'f.item', 'f.part', 'f.customer') AS holds, _dunning.held_amount_query('f.ledger', 'f.item', 'f.part', 'f.day') AS amounts \gset
CREATE TEMP VIEW item AS SELECT 'modelled'::name AS ledger, id::text::dunning.item_key AS item, 1 AS part, client_id::text::dunning.item_key AS customer FROM modelled;
CREATE TEMP TABLE history AS SELECT f.item, :holds AS history FROM item AS f;
SELECT set_eq($$ SELECT d.day, h.item::text, f.name, f.stops, f.then_do FROM (SELECT DISTINCT day FROM model) AS d CROSS JOIN history AS h CROSS JOIN LATERAL dunning.facts(h.history) AS f
		WHERE f.on_day <= d.day AND (f.done_on IS NULL OR f.done_on >= d.day) AND (f.ended_on IS NULL OR f.ended_on > d.day) $$,
	$$ SELECT DISTINCT m.day, f.id::text, m.reason, CASE WHEN m.reason = 'watched_only' OR m.about = 'amount' THEN 'none' ELSE 'all' END AS stops, CASE WHEN m.reason IN ('dispute', 'suspended') THEN 'wait' ELSE 'continue' END AS then_do
		FROM model AS m JOIN modelled AS f ON CASE m.about WHEN 'item' THEN f.id = m.item WHEN 'customer' THEN f.client_id = m.customer
			WHEN 'amount' THEN f.id = m.item AND m.reason IN ('dispute', 'suspended') ELSE m.about = 'ledger' END $$,
	'the facts of each item are the model, day by day');
SELECT set_eq($$ SELECT f.day, f.item::text, $$ || :'amounts' || $$ AS held FROM (SELECT i.*, d.day FROM item AS i CROSS JOIN (SELECT DISTINCT day FROM model) AS d) AS f $$,
	$$ SELECT d.day, f.id::text, coalesce((SELECT sum(m.amount) FROM model AS m WHERE m.about = 'amount' AND m.day = d.day AND m.item = f.id AND m.reason <> 'watched_only'), 0) AS held
		FROM modelled AS f CROSS JOIN (SELECT DISTINCT day FROM model) AS d $$, 'and so are the amounts that are held');

--
-- States of electronic invoices
--
SELECT is((SELECT concat_ws(' ', e.done, e.message) FROM dunning.einvoice_event(ledger, item, code, pg_temp.now() - ago, reason_code, amount, external_id) AS e), answer, format('%s %s %s', item, code, reason_code))
FROM (VALUES
	('facture'::name, '1'::dunning.item_key, '206', 9, 'QTE_ERR', 12.5, 'p1', 'held'), ('facture', '2', '207', 9, 'TX_TVA_ERR', NULL, 'p2', 'held'), ('facture', '3', '208', 9, 'JUSTIF_ABS', NULL, 'p3', 'held'),
	('facture', '4', '210', 9, 'DOUBLE_FACT', 100, 'p4', 'held'), ('facture', '5', '213', 9, 'DEST_ERR', NULL, 'p5', 'held'), ('facture', '6', '221', 9, 'SURPRISE', NULL, 'p6', 'held the reason code "SURPRISE" is not known'),
	('facture', '7', '206', 9, NULL, NULL, 'p7', 'held the refused amount is missing, so the whole item is held'), ('facture', '8', '211', 9, NULL, 50, 'p8', 'promised'), ('facture', '8', '212', 9, NULL, 50, 'p9', 'reported'),
	('facture', '8', '999', 9, NULL, NULL, 'p10', 'unknown the code "999" is not known'), ('facture', '3', '209', 4, NULL, NULL, 'p11', 'released'), ('facture', '8', '209', 4, NULL, NULL, 'p12', 'kept'),
	('facture', '8', '208', 6, NULL, NULL, 'p13', format('held it was completed on %s, which was noted before', to_char(pg_temp.now() - 4, 'YYYY-MM-DD'))),
	('tranche', 'T', '206', 6, NULL, 5, 'p14', 'held the item has several parts and the event names none, so the whole item is held')) AS v (ledger, item, code, ago, reason_code, amount, external_id, answer);
SELECT results_eq($$ SELECT h.item::text, h.reason, h.category, pg_temp.now() - h.from_day, h.amount, h.expected_credit, pg_temp.now() - h.released_on FROM dunning.hold AS h WHERE h.source = 'einvoice' ORDER BY h.hold $$,
	$$ VALUES ('1', 'dispute', 'QTE_ERR', 9, 12.5, NULL::numeric, NULL::integer), ('2', 'dispute', 'TX_TVA_ERR', 9, NULL, NULL, NULL), ('3', 'suspended', 'JUSTIF_ABS', 9, NULL, NULL, 4), ('4', 'dispute', 'DOUBLE_FACT', 9, NULL, 100, NULL),
		('5', 'not_delivered', 'DEST_ERR', 9, NULL, NULL, NULL), ('6', 'not_delivered', NULL, 9, NULL, NULL, NULL), ('7', 'dispute', NULL, 9, NULL, NULL, NULL), ('8', 'suspended', NULL, 6, NULL, NULL, 4), ('T', 'dispute', NULL, 6, NULL, NULL, NULL) $$,
	'what they held');
CREATE TEMP TABLE told AS SELECT 'l' AS what, l::text FROM dunning.einvoice_log AS l UNION ALL SELECT 'h', h::text FROM dunning.hold AS h;
SELECT is((SELECT done FROM dunning.einvoice_event('facture', '1', '206', pg_temp.now() - 9, 'QTE_ERR', 12.50, 'p1')), 'held', 'the same event again');
SELECT is((SELECT done FROM dunning.einvoice_event('facture', '3', '208', pg_temp.now() - 9, 'JUSTIF_ABS', NULL, 'p3')), 'held', 'of what was released, too');
SELECT is((SELECT done FROM dunning.einvoice_event('facture', '8', '999', pg_temp.now() - 9, external_id => 'p10')), 'unknown', 'and an unknown one');
SELECT set_eq('SELECT ''l'' AS what, l::text FROM dunning.einvoice_log AS l UNION ALL SELECT ''h'', h::text FROM dunning.hold AS h', 'TABLE told', 'does nothing');
SELECT is((SELECT count(DISTINCT e.event) FROM generate_series(1, 2), dunning.einvoice_event('facture', '9', '207', pg_temp.now(), 'AUTRE') AS e), 1::bigint, 'also without an external_id');
SELECT matches(pg_temp.said(statement), '^' || answer, statement) FROM (VALUES
	('SELECT dunning.einvoice_event(''facture'', ''1'', ''207'', ''2020-01-01'', external_id => ''p1'')', '23505 \| another event has the external_id "p1" of source "einvoice" \| It differs in: amount, code, on_day, reason_code.'),
	('SELECT dunning.einvoice_event(''facture'', ''99'', ''207'', ''2020-01-01'')', '42704 \| item "99" is not in ledger "facture" \| No row of the ledger is hidden. \| Nothing was noted'),
	('SELECT dunning.einvoice_event(''facture'', ''1'', NULL, ''2020-01-01'')', '22004 '),
	('SELECT dunning.einvoice_event(''facture'', ''1'', ''207'', NULL)', '22004 '),
	(format('SELECT dunning.einvoice_event(''facture'', ''1'', ''207'', %L)', pg_temp.now() + 1), '22023 \| a state of an electronic invoice cannot be of'),
	('SELECT dunning.einvoice_event(''missing'', ''1'', ''207'', ''2020-01-01'')', '42704 \| ledger "missing"')) AS v (statement, answer);

--
-- Who may what
--
CREATE ROLE dunning_viewer_a;
CREATE ROLE dunning_collector_b;
CREATE ROLE dunning_collector;
CREATE ROLE dunning_other;
CREATE ROLE dunning_none;
GRANT SELECT ON facture, other TO PUBLIC;
SELECT FROM dunning.grant_access('dunning_viewer_a', 'viewer', company => 'A') \g /dev/null
SELECT FROM dunning.grant_access('dunning_collector_b', 'collector', company => 'B') \g /dev/null
SELECT FROM dunning.grant_access('dunning_collector', 'collector') \g /dev/null
SELECT FROM dunning.grant_access('dunning_other', 'collector', 'other') \g /dev/null
SELECT dunning.hold_item('facture', '10', 'manual') AS of_a, dunning.hold_item('facture', '11', 'manual', external_id => 'hidden') AS of_b,
	dunning.hold_customer('facture', '1', 'manual') AS of_customer, dunning.hold_ledger('other', 'manual') AS of_other \gset
CREATE TEMP TABLE noted AS SELECT 'l' AS what, l::text FROM dunning.einvoice_log AS l UNION ALL SELECT 'h', h::text FROM dunning.hold AS h;
SELECT is(pg_temp.as_role(role, format('SELECT string_agg(about || coalesce('' '' || company, ''''), '', '' ORDER BY hold) FROM dunning.hold_as_of(%L) WHERE hold >= %s', pg_temp.now(), :of_a)), answer, role || ' sees')
FROM (VALUES ('dunning_viewer_a', 'item A, customer, ledger'), ('dunning_collector_b', 'item B, customer, ledger'), ('dunning_collector', 'item A, item B, customer, ledger'), ('dunning_other', 'ledger'),
	('dunning_none', '42501: permission denied for table hold')) AS v (role, answer);
SELECT is(pg_temp.as_role(role, 'SELECT string_agg(DISTINCT company, '', '') FROM dunning.einvoice_log'), answer, role || ' sees of the events')
FROM (VALUES ('dunning_viewer_a', 'A'), ('dunning_collector_b', 'B'), ('dunning_other', '-')) AS v (role, answer);
SELECT matches(pg_temp.as_role(role, statement), '^' || answer, format('%s: %s', role, statement)) FROM (VALUES
	('dunning_viewer_a', 'SELECT dunning.hold_item(''facture'', ''10'', ''manual'')', '42501: permission denied for function hold_item'),
	('dunning_viewer_a', format('SELECT dunning.release_hold(%s, ''x'')', :of_a), '42501: permission denied for function release_hold'),
	('dunning_collector_b', 'SELECT dunning.hold_item(''facture'', ''10'', ''manual'')', '42501: role "dunning_collector_b" may not hold what belongs to company "A" in ledger "facture"'),
	('dunning_collector_b', 'SELECT dunning.hold_items(''facture'', ''{11,10}'', ''manual'')', '42501: role "dunning_collector_b" may not hold'),
	('dunning_collector_b', 'SELECT dunning.hold_customer(''facture'', ''1'', ''manual'')', '42501: role "dunning_collector_b" may not hold what belongs to no company, or to all, in ledger "facture"'),
	('dunning_collector_b', 'SELECT dunning.hold_ledger(''facture'', ''manual'')', '42501: role "dunning_collector_b" may not hold'),
	('dunning_collector_b', 'SELECT dunning.einvoice_event(''facture'', ''10'', ''207'', ''2026-01-01'')', '42501: role "dunning_collector_b" may not change'),
	('dunning_collector_b', format('SELECT dunning.release_hold(%s, ''x'')', :of_a), 'P0002: '),
	('dunning_collector_b', format('SELECT dunning.release_hold(%s, ''x'')', :of_customer), '42501: role "dunning_collector_b" may not change hold'),
	('dunning_collector_b', format('SELECT dunning.resolve_dispute(%s, ''withdrawn'')', :of_a), 'P0002: '),
	('dunning_collector_b', 'SELECT dunning.hold_item(''missing'', ''11'', ''manual'')', '42704: '),
	('dunning_other', 'SELECT dunning.hold_item(''facture'', ''11'', ''manual'', external_id => ''hidden'')', '42501: role "dunning_other" may not hold'),
	('dunning_other', 'SELECT dunning.hold_item(''other'', ''1'', ''manual'', external_id => ''hidden'')', '23505: another hold has the external_id "hidden" of source "person"'),
	('dunning_collector_b', format('UPDATE dunning.hold SET note = ''x'' WHERE hold = %s', :of_b), '42501: permission denied for table hold'),
	('dunning_collector_b', format('UPDATE dunning.hold SET company = ''A'' WHERE hold = %s', :of_b), '42501: permission denied for table hold'),
	('dunning_collector_b', 'UPDATE dunning.hold SET released_by = ''x''', '42501: permission denied for table hold'),
	('dunning_collector_b', 'DELETE FROM dunning.hold', '42501: permission denied for table hold'),
	('dunning_collector', 'UPDATE dunning.hold SET amount = 1', '42501: permission denied for table hold'),
	('dunning_collector', 'INSERT INTO dunning.hold (ledger, noted_by) VALUES (''facture'', ''x'')', '42501: permission denied for table hold'),
	('dunning_collector_b', 'INSERT INTO dunning.hold (ledger, item, company, reason, from_day, stops, then_do, interest_runs, interest_claimed, counts_as_overdue) VALUES (''facture'', ''10'', ''B'', ''manual'', ''2026-01-01'', ''all'', ''wait'', true, true, true)',
		'42501: item "10" of ledger "facture" is not of company "B"'),
	('dunning_collector_b', 'INSERT INTO dunning.hold (ledger, item, company, reason, from_day, stops, then_do, interest_runs, interest_claimed, counts_as_overdue) VALUES (''facture'', ''10'', ''A'', ''manual'', ''2026-01-01'', ''all'', ''wait'', true, true, true)',
		'42501: new row violates row-level security policy for table "hold"')) AS v (role, statement, answer);
SELECT set_eq('SELECT ''l'' AS what, l::text FROM dunning.einvoice_log AS l UNION ALL SELECT ''h'', h::text FROM dunning.hold AS h', 'TABLE noted', 'nothing was changed');
SELECT matches(pg_temp.as_role(role, statement), '^' || answer, format('%s: %s', role, statement)) FROM (VALUES
	('dunning_collector_b', 'SELECT dunning.hold_item(''facture'', ''11'', ''dispute'', amount => 5, external_id => ''c1'')', '\d'),
	('dunning_collector_b', 'SELECT dunning.hold_item(''facture'', ''11'', ''dispute'', amount => 5, external_id => ''c1'')', '\d'),
	('dunning_collector_b', 'SELECT dunning.hold_items(''facture'', ''{9,11}'', ''manual'')', '\{\d+,\d+\}'),
	('dunning_collector_b', format('SELECT dunning.release_hold(%s, ''x'')', :of_b), 'true'),
	('dunning_collector_b', 'SELECT dunning.resolve_dispute(max(hold), ''withdrawn'') FROM dunning.hold WHERE external_id = ''c1''', 'true'),
	('dunning_collector_b', 'SELECT (dunning.einvoice_event(''facture'', ''11'', ''208'', ''2026-01-01'')).done', 'held'),
	('dunning_collector_b', 'SELECT (dunning.einvoice_event(''facture'', ''11'', ''209'', ''2026-01-02'')).done', 'released'),
	('dunning_other', 'SELECT dunning.hold_customer(''other'', ''1'', ''manual'')', '\d'),
	('dunning_other', format('SELECT dunning.release_hold(%s, ''x'')', :of_other), 'true'),
	('dunning_collector', 'SELECT dunning.hold_customer(''facture'', ''1'', ''manual'')', '\d'),
	('dunning_collector', 'SELECT dunning.hold_ledger(''facture'', ''manual'')', '\d'),
	('dunning_collector', format('SELECT dunning.release_holds(''{%s,%s}'', ''x'')', :of_a, :of_customer), '2')) AS v (role, statement, answer);
SELECT is((SELECT released_by::text FROM dunning.hold WHERE hold = :of_a), session_user::text, 'with the name of who logged in');
-- who may not read the ledger cannot hold its items, who sees some of it those
SELECT matches(pg_temp.as_role('dunning_collector', 'SELECT dunning.hold_item(''tranche'', ''T'', ''manual'')'), '^42501: permission denied for table tranche', 'what cannot be read is not held');
ALTER TABLE facture ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON facture USING (id < 3);
SELECT matches(pg_temp.said('SELECT dunning.hold_item(''facture'', ''5'', ''manual'')', 'dunning_collector'),
	'^42704 \| item "5" is not in ledger "facture" \| row-level security on public.facture hides rows from role "dunning_collector", as which it is read', 'a row that is hidden is said to be hidden');
SELECT matches(pg_temp.as_role('dunning_collector', 'SELECT dunning.hold_item(''facture'', ''2'', ''manual'')'), '^\d', 'what is seen can be held');
ALTER TABLE facture DISABLE ROW LEVEL SECURITY;

-- code behind a ledger does not run with the rights of a superuser
CREATE ROLE dunning_owner;
CREATE TABLE ran (as_whom name);
GRANT INSERT ON ran TO PUBLIC;
CREATE FUNCTION spy(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.ran VALUES (current_user); RETURN $1; END $$;
CREATE VIEW trap AS SELECT id, client_id, date_echeance, solde, spy(societe) AS societe, devise FROM facture;
ALTER FUNCTION spy OWNER TO dunning_owner;
ALTER VIEW trap OWNER TO dunning_owner;
SELECT FROM dunning.adopt('trap', columns => :'columns') \g /dev/null
TRUNCATE ran;
SELECT dunning.hold_item('trap', '1', 'manual') \g /dev/null
SELECT dunning.hold_customer('trap', '1', 'manual') \g /dev/null
SELECT dunning.einvoice_event('trap', '1', '207', '2026-01-01') \g /dev/null
SELECT set_eq('SELECT DISTINCT as_whom FROM ran', ARRAY['dunning_owner'::name], 'the code of a view runs as its owner');

--
-- A plan that probes
--
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
		plan := plan || line || E'\n';
	END LOOP;
	RETURN plan;
END $$;
INSERT INTO facture SELECT k, k % 4, date '2026-03-01', 100, 'A', 'EUR' FROM generate_series(1001, 21000) AS k;
SELECT cardinality(dunning.hold_items('facture', ARRAY(SELECT k::text::dunning.item_key FROM generate_series(1001, 6000) AS k), 'manual')) \g /dev/null
ANALYZE facture, dunning.hold;
CREATE FUNCTION pg_temp.probes(role name) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan text;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	plan := pg_temp.plan('SELECT f.item, ' || _dunning.holds_query('f.ledger', 'f.item', 'f.part', 'f.customer') || ', ' || _dunning.held_amount_query('f.ledger', 'f.item', 'f.part', 'date ''2026-11-30''')
		|| ' FROM dunning.open_item AS f WHERE f.ledger = ''facture''');
	RESET ROLE;
	RETURN concat_ws(' ', CASE WHEN plan ~ 'hold_item on hold held_fact\w*\n' THEN 'item' END, CASE WHEN plan ~ 'hold_customer on hold held_fact\w*\n' THEN 'customer' END, CASE WHEN plan ~ 'hold_ledger on hold held_fact\w*\n' THEN 'ledger' END,
		CASE WHEN plan ~ 'hold_amount on hold held_part\n' THEN 'amount' END, substring(plan FROM 'Seq Scan on hold held_\w+'));
END $$;
SELECT is(pg_temp.probes(role), 'item customer ledger amount', role || ' probes the indexes') FROM (VALUES (current_user), ('dunning_collector_b')) AS v (role);

SELECT * FROM finish();
ROLLBACK;
