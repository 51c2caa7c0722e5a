-- A customer whose key changes keeps his history, and the same debtor is found in other ledgers.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();
SET LOCAL dunning.time_zone = 'UTC';
CREATE OR REPLACE FUNCTION _dunning.real_day() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT date '2026-03-20' $$;
SET LOCAL dunning.today = '2026-03-20';
CREATE FUNCTION pg_temp.said(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
	detail text;
BEGIN
	EXECUTE statement INTO answer;
	RETURN coalesce(answer, '-');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(detail, ''));
END $$;

CREATE TABLE public.client (id text PRIMARY KEY, name text, email text, siren text);
INSERT INTO public.client VALUES ('A', 'Durand', 'a@x.example', '404 833 048'), ('B', 'Durand et fils', 'b@x.example', '404833048'), ('C', 'Martin', 'c@x.example', '732829320'), ('D', 'Sans', NULL, NULL);
CREATE TABLE public.facture (id text PRIMARY KEY, client text, emise date, echeance date, montant numeric(12, 2), devise text DEFAULT 'EUR');
CREATE TABLE public.reglement (facture text, jour date, montant numeric(12, 2));
CREATE INDEX ON public.reglement (facture);
INSERT INTO public.facture VALUES ('a1', 'A', '2026-01-01', '2026-02-01', 100), ('a2', 'A', '2026-01-01', '2026-02-10', 200), ('a3', 'A', '2026-01-01', '2026-02-20', 300), ('b1', 'B', '2026-01-01', '2026-03-01', 50), ('c1', 'C', '2026-01-01', '2026-03-01', 70);
INSERT INTO dunning.procedure (name, procedure) VALUES ('steps', '5 email; 15 letter; wait 10; by customer'), ('slow', '60 letter');
INSERT INTO dunning.rule (name, rule) VALUES ('ten', '10%');
SELECT FROM dunning.adopt('public.facture', procedure => 'steps', rule => 'ten', columns => '{"key": "id", "customer": "client", "issued_on": "emise", "due_on": "echeance", "amount": "montant", "currency": "devise",
	"payments": {"table": "reglement", "item": "facture", "date": "jour", "amount": "montant"}, "customers": {"table": "client", "key": "id", "name": "name", "email": "email", "identifier": "siren"}}') \g /dev/null

-- what is known of A
SELECT dunning.run_reminders('2026-03-10') \g /dev/null
SELECT dunning.mark_reminder_sent(r.reminder, '2026-03-12') FROM dunning.reminder AS r WHERE r.item IN ('a1', 'a2') \g /dev/null
SELECT dunning.promise_to_pay('facture', 'A', 600, '2026-03-18', promised_on => '2026-03-15', holds => false) AS promise \gset
SELECT dunning.hold_customer('facture', 'A', 'manual', from_day => '2026-03-19', until_day => '2026-03-25') AS hold \gset
SELECT dunning.assign('facture', 'procedure', 'slow', customer => 'A', from_day => '2026-04-01') AS assignment \gset
SELECT dunning.log_contact('facture', 'A', 'call', note => 'will pay', on_day => '2026-03-15') \g /dev/null
SELECT dunning.save_recipient('facture', 'A', email => 'one@x.example'), dunning.save_recipient('facture', 'B', email => 'two@x.example'), dunning.save_recipient('facture', 'A', role => 'management', email => 'boss@x.example') \g /dev/null
SELECT dunning.claim_penalties('2026-03-18') \g /dev/null
CREATE TEMP TABLE before AS SELECT l.on_day, l.kind, l.what FROM dunning.contact_log('facture', 'A') AS l;
CREATE TEMP TABLE decided AS SELECT state, step_on, until_on, last_on FROM dunning.worklist WHERE item = 'a1';
SELECT cmp_ok((SELECT count(*) FROM before), '>', 5::bigint, 'a history');

-- refused
SELECT is(pg_temp.said($$ SELECT dunning.merge_customer('facture', 'A', 'B') $$), '55000 | customer "A" still has open items | Of item "a1", 100.00 is open.', 'while his items have the earlier key');
SELECT is(pg_temp.said($$ SELECT dunning.merge_customer('facture', 'A', 'A') $$), '22023 | customer "A" cannot be merged into himself', 'into himself');
SELECT matches(pg_temp.said($$ SELECT dunning.merge_customer('facture', 'A', 'Z') $$), '^42704 \| customer "Z" has no item in ledger "facture"', 'into nobody');
SELECT matches(pg_temp.said($$ SELECT dunning.merge_customer('none', 'A', 'B') $$), '^42704', 'in no ledger');
SELECT matches(pg_temp.said($$ UPDATE dunning.hold SET customer = 'B' WHERE customer = 'A' $$), '^55000', 'no fact changes its customer by itself');

-- the ERP merges A into B
UPDATE public.facture SET client = 'B' WHERE client = 'A';
SELECT is((SELECT state FROM dunning.worklist WHERE item = 'a1'), 'scheduled', 'without the facts of A nothing holds his items');
SELECT set_eq($$ SELECT relation::text, moved, kept FROM dunning.merge_customer('facture', 'A', 'B', 'merged in the ERP') $$,
	$$ VALUES ('assignment', 1::bigint, 0::bigint), ('claim', 3, 0), ('contact', 1, 0), ('hold', 1, 0), ('promise', 1, 0), ('recipient', 1, 1), ('reminder', 3, 0) $$, 'what is moved; of two recipients for the same that of B stays');
SELECT results_eq($$ SELECT state, step_on, until_on, last_on FROM dunning.worklist WHERE item = 'a1' $$, 'TABLE decided', 'the decision is the same');
SELECT is_empty($$ TABLE before EXCEPT SELECT l.on_day, l.kind, l.what FROM dunning.contact_log('facture', 'B') AS l $$, 'and the history is his');
SELECT results_eq($$ SELECT customer::text, customer_name, state, paid FROM dunning.promises(customer => 'B') $$, $$ VALUES ('B', 'Durand et fils', 'broken', 0.00) $$, 'the promise');
SELECT is((SELECT value FROM dunning.applies_to('facture', customer => 'B', as_of => '2026-04-02') WHERE kind = 'procedure'), 'slow', 'the assignment');
SELECT is((SELECT concat_ws(' ', from_customer, customer, on_day, note, moved ->> 'hold') FROM dunning.customer_merge), format('A B 2026-03-20 merged in the ERP ["%s"]', :hold), 'a fact says so');
SELECT dunning.run_reminders() \g /dev/null
SELECT is((SELECT count(*) FROM dunning.reminder WHERE customer = 'B' AND raised_on = '2026-03-20'), 0::bigint, 'nothing is sent again');
SELECT matches(pg_temp.said($$ UPDATE dunning.hold SET customer = 'A' WHERE customer = 'B' $$), '^55000', 'and nothing goes back by itself');
SELECT matches(pg_temp.said($$ UPDATE dunning.hold SET reason = 'dispute' WHERE customer = 'B' $$), '^55000', 'what else a fact says does not change');
SELECT matches(pg_temp.said($$ DELETE FROM dunning.customer_merge $$), '^55000', 'nor does that one go');
-- and then B into C, by an admin
UPDATE public.facture SET client = 'C' WHERE client = 'B';
CREATE ROLE merge_admin;
CREATE ROLE merge_runner;
SELECT dunning.grant_access('merge_admin', 'admin') \g /dev/null
SELECT dunning.grant_access('merge_runner', 'runner') \g /dev/null
GRANT SELECT ON public.facture, public.client, public.reglement TO merge_admin, merge_runner;
SET LOCAL ROLE merge_runner;
SELECT matches(pg_temp.said($$ SELECT dunning.merge_customer('facture', 'B', 'C') $$), '^42501', 'a runner may not');
SET LOCAL ROLE merge_admin;
SELECT count(*) FROM dunning.merge_customer('facture', 'B', 'C') \g /dev/null
RESET ROLE;
SELECT is((SELECT string_agg(from_customer || '>' || customer, ' ' ORDER BY customer_merge) FROM dunning.customer_merge), 'A>C B>C', 'a chain ends at the last one');
SELECT is((SELECT customer::text FROM dunning.hold WHERE hold = :hold), 'C', 'who has the facts');

-- the same debtor in another ledger
SELECT is((SELECT string_agg(coalesce(dunning.debtor_key(v), '-'), ' ' ORDER BY n) FROM unnest(ARRAY['404 833 048', 'FR83404833048', '40483304800022', 'be 0123.456.789', ' ', NULL]) WITH ORDINALITY AS u (v, n)), '404833048 404833048 404833048 BE0123456789 - -', 'one number for a SIREN, its SIRET and its VAT number');
CREATE TABLE public.tiers (no integer PRIMARY KEY, nom text, tva text);
INSERT INTO public.tiers VALUES (7, 'DURAND SARL', 'FR83404833048'), (8, 'MARTIN', 'FR44732829320');
CREATE TABLE public.vente (id integer PRIMARY KEY, tiers integer, echeance date, solde numeric(12, 2), devise text);
INSERT INTO public.vente VALUES (1, 7, '2026-03-01', 1000, 'EUR'), (2, 8, '2026-03-01', 30, 'EUR');
SELECT FROM dunning.adopt('public.vente', procedure => 'slow', rule => NULL, columns => '{"key": "id", "customer": "tiers", "due_on": "echeance", "open_amount": "solde", "currency": "devise",
	"customers": {"table": "tiers", "key": "no", "name": "nom", "identifier": "tva"}}') \g /dev/null
SELECT results_eq($$ SELECT ledger::text COLLATE "default", customer::text, customer_name FROM dunning.same_debtor('vente', '8') $$, $$ VALUES ('facture', 'C', 'Martin'), ('vente', '8', 'MARTIN') $$, 'a customer of two ledgers');
SELECT results_eq($$ SELECT ledger::text COLLATE "default", customer::text FROM dunning.same_debtor('facture', 'A') $$, $$ VALUES ('facture', 'A'), ('facture', 'B'), ('vente', '7') $$, 'two keys in one ledger are seen, too');
SELECT is_empty($$ SELECT FROM dunning.same_debtor('facture', 'D') $$, 'without an identifier nobody is known');
SELECT results_eq($$ SELECT dunning.debtor_key(identifier), sum(open_amount), count(*) FROM dunning.customer_worklist GROUP BY 1 ORDER BY 1 $$, $$ VALUES ('404833048', 1000.00, 1::bigint), ('732829320', 750.00, 2) $$, 'what a debtor owes in all ledgers');
SELECT results_eq($$ SELECT DISTINCT d.ledger::text COLLATE "default" FROM dunning.same_debtor('vente', '8') AS d CROSS JOIN LATERAL dunning.contact_log(d.ledger, d.customer) AS l $$, $$ VALUES ('facture') $$, 'his history in all ledgers');
CREATE TABLE public.bare (id integer PRIMARY KEY, client integer, echeance date, solde numeric);
SELECT FROM dunning.adopt('public.bare', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "echeance", "open_amount": "solde"}') \g /dev/null
SELECT matches(pg_temp.said($$ SELECT dunning.same_debtor('bare', '1') $$), '^55000 \| ledger "bare" has no identifiers', 'a ledger without identifiers');

-- who pays for others has no item of his own
INSERT INTO dunning.procedure (name, procedure) VALUES ('calls', '5 phone manual');
CREATE TABLE public.tenant (id text PRIMARY KEY, name text, email text, pays text);
INSERT INTO public.tenant VALUES ('S', 'Site', NULL, 'P'), ('T', 'Other site', NULL, 'P'), ('P', 'Centre', 'p@x.example', NULL), ('Q', 'New centre', 'q@x.example', NULL);
CREATE TABLE public.rent (id text PRIMARY KEY, client text, echeance date, solde numeric(12, 2), devise text DEFAULT 'EUR');
INSERT INTO public.rent VALUES ('s1', 'S', '2026-03-01', 70), ('t1', 'T', '2026-03-01', 80);
SELECT FROM dunning.adopt('public.rent', procedure => 'calls', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "echeance", "open_amount": "solde", "currency": "devise",
	"customers": {"table": "tenant", "key": "id", "name": "name", "email": "email", "payer": "pays"}}') \g /dev/null
SELECT dunning.run_reminders() \g /dev/null
SELECT dunning.log_contact('rent', 'P', 'call', outcome => 'call_back', note => 'asks for copies') AS asked \gset
SELECT is((SELECT count(*) FROM dunning.reminder WHERE ledger = 'rent' AND state = 'pending'), 0::bigint, 'a call that reached who pays is the call for all that he pays for');
SELECT matches(pg_temp.said($$ SELECT dunning.log_contact('rent', 'Q', 'call') $$), '^42704 \| customer "Q" has no item', 'who pays for nobody is not known');
SELECT is(pg_temp.said($$ SELECT dunning.merge_customer('rent', 'P', 'S') $$), '55000 | customer "P" still pays for open items | Of item "s1", 70.00 is open.', 'while he pays in the books');
UPDATE public.tenant SET pays = 'Q' WHERE pays = 'P';
SELECT set_eq($$ SELECT relation::text, moved, kept FROM dunning.merge_customer('rent', 'P', 'Q') $$, $$ VALUES ('contact', 1::bigint, 0::bigint), ('reminder', 2, 0) $$, 'the facts of a payer, and the reminders of those he pays for');
SELECT is((SELECT string_agg(DISTINCT payer::text, ' ') FROM dunning.reminder WHERE ledger = 'rent'), 'Q', 'are those of the new key');
SELECT is((SELECT moved ->> 'contact' FROM dunning.customer_merge WHERE ledger = 'rent'), format('["%s"]', :asked), 'and are noted');

-- forgotten after a merge: what stayed with the earlier key, too
SELECT dunning.save_recipient('rent', 'S', email => 'old@x.example'), dunning.save_recipient('rent', 'T', email => 'new@x.example') \g /dev/null
UPDATE public.rent SET client = 'T' WHERE client = 'S';
SELECT is((SELECT kept FROM dunning.merge_customer('rent', 'S', 'T') WHERE relation = 'recipient'), 1::bigint, 'a recipient of the earlier key stays');
UPDATE public.rent SET solde = 0;
SELECT cmp_ok((SELECT count(*) FROM dunning.forget_customer('rent', 'T', 'he asked')), '>', 0::bigint, 'forgotten');
SELECT is_empty($$ SELECT FROM dunning.recipient WHERE ledger = 'rent' $$, 'with the recipients of both keys');
SELECT is_empty($$ SELECT FROM dunning.customer_merge WHERE ledger = 'rent' AND 'T' IN (customer, from_customer) $$, 'and with what says that they were one');
SELECT lives_ok($$ SELECT dunning.forget_customer('rent', 'P', 'he asked') $$, 'an earlier key can be forgotten by itself');
SELECT cmp_ok((SELECT count(*) FROM dunning.forget_customer('rent', 'Q', 'he asked')), '>', 0::bigint, 'and who only paid');
SELECT is_empty($$ SELECT FROM dunning.contact WHERE ledger = 'rent' $$, 'nothing is left of what he said');
SELECT is_empty($$ SELECT FROM dunning.merge_customer('rent', 'S', 'T') $$, 'a merge of who is forgotten moves nothing');

SELECT * FROM finish();
ROLLBACK;
