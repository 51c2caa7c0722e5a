-- Interest from a formal notice runs from the day on which the letter was presented, if that is noted.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\ir said.psql

INSERT INTO dunning.procedure (name, procedure) VALUES ('formal', '5 registered_letter "Formal"');
CREATE TABLE client (id integer PRIMARY KEY, nom text, adresse text);
INSERT INTO client VALUES (1, 'Dupont', '1 quai'), (2, 'Martin', '2 quai');
CREATE TABLE facture (id text PRIMARY KEY, client integer, emise date, echeance date, montant numeric, pro boolean);
INSERT INTO facture VALUES ('a', 1, pg_temp.day(-90), pg_temp.day(-60), 3650, false), ('b', 2, pg_temp.day(-90), pg_temp.day(-60), 3650, true);
INSERT INTO dunning.rule (name, rule) VALUES ('ten', '10%');
INSERT INTO dunning.rule (name, rule, runs_from) VALUES ('ten-consumer', '10%', 'formal notice');
SELECT FROM dunning.adopt('facture', columns => '{"key": "id", "customer": "client", "issued_on": "emise", "due_on": "echeance", "open_amount": "montant", "amount": "montant", "professional": "pro", "customers": {"table": "client", "key": "id", "name": "nom", "address": "adresse"}}',
	rule => 'ten', consumer_rule => 'ten-consumer', procedure => 'formal') \g /dev/null
CREATE FUNCTION pg_temp.costs(day date) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(w.item || ' ' || w.late_interest, ', ' ORDER BY w.item::text) FROM dunning.worklist_as_of(day) AS w $$;
-- a letter of ten days ago; 1.00 a day
INSERT INTO dunning.reminder (ledger, item, customer, step, level, raised_on, channel, due_on, open_amount, label, raised_at) SELECT 'facture', f.id, f.client::text, '5', 1, pg_temp.day(-10), 'registered_letter', f.echeance, 3650, 'Formal', now() FROM facture AS f;
INSERT INTO dunning.notice (ledger, customer, channel, level, step, step_channel, state, subject, body, made_at) SELECT 'facture', f.client::text, 'registered_letter', 1, '5', 'registered_letter', 'taken', 'x', 'x', now() - interval '10 days' FROM facture AS f;
INSERT INTO dunning.notice_reminder (notice, reminder, ledger) SELECT n.notice, r.reminder, 'facture' FROM dunning.notice AS n JOIN dunning.reminder AS r ON r.customer = n.customer;
SELECT dunning.notice_sent(notice, pg_temp.day(-9), '1A 1') FROM dunning.notice \g /dev/null
SELECT is(pg_temp.costs(pg_temp.day()), 'a 9.00, b 60.00', 'until it is presented the day on which it was sent counts');
SELECT is(pg_temp.said(format('SELECT dunning.notice_presented(notice, %L) FROM dunning.notice WHERE customer = ''1''', pg_temp.day(-6))), 'true', 'it is presented');
SELECT is((SELECT r.presented_on FROM dunning.reminder AS r WHERE r.item = 'a'), pg_temp.day(-6), 'its reminder says so');
SELECT is(pg_temp.costs(pg_temp.day()), 'a 6.00, b 60.00', 'interest runs from this day; that of a professional from the due date');
SELECT is(pg_temp.costs(pg_temp.day(-6)), 'a 0.00, b 54.00', 'on the day itself nothing is owed');
SELECT is(pg_temp.costs(pg_temp.day(-7)), 'a 0.00, b 53.00', 'nor between the post and the customer');
SELECT dunning.claim_penalties() \g /dev/null
SELECT is((SELECT string_agg(c.item || ' ' || c.amount || ' ' || (c.from_day = pg_temp.day(-5)), ', ') FROM dunning.claim AS c WHERE c.item = 'a'), 'a 6.00 true', 'claims, too');
SELECT is((SELECT concat_ws(' ', c #>> '{file,items,0,raw,interest}', c #>> '{file,items,0,reckoning,0,days}') FROM dunning.case_file('facture', '1') AS c), '6.00 6', 'and the file');
SELECT matches(pg_temp.said(format('UPDATE dunning.reminder SET presented_on = %L WHERE item = ''a''', pg_temp.day(-8))), '^55000', 'the day is noted once');
SELECT matches(pg_temp.said(format('UPDATE dunning.reminder SET presented_on = %L WHERE item = ''b''', pg_temp.day(1))), '^55000', 'and not to come');
SELECT matches(pg_temp.said(format('UPDATE dunning.reminder SET presented_on = %L WHERE item = ''b''', pg_temp.day(-10))), '^23514', 'nor before it was sent');
SELECT * FROM finish();
ROLLBACK;
