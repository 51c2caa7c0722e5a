-- Who writes, who reads, where is paid to, and the context of a message that comes of it.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL dunning.today = '2026-03-31';
SELECT no_plan();

CREATE TABLE client (id integer PRIMARY KEY, name text, email text, language text);
INSERT INTO client VALUES (1, 'Durand & Fils', 'compta@durand.example', 'fr_FR'), (2, 'Smith', 'no address', NULL), (3, NULL, NULL, 'English');
CREATE TABLE facture (id integer PRIMARY KEY, numero text, client integer, societe text, emise date, echeance date, montant numeric, devise text);
CREATE TABLE reglement (facture integer, jour date, montant numeric);
INSERT INTO facture VALUES (1, 'F-1', 1, 'A', '2026-02-01', '2026-03-01', 1200, 'EUR'), (2, 'F-2', 1, 'A', '2026-02-10', '2026-03-21', 365, 'EUR'),
	(3, 'F-3', 1, 'A', '2026-03-10', '2026-04-10', 90, 'EUR'), (4, 'F-4', 2, 'B', '2026-02-01', '2026-03-01', 730, 'CHF'), (5, 'F-5', 1, 'B', '2026-02-01', '2026-03-01', 10, 'EUR'),
	(6, 'F-6', 3, 'B', '2026-02-01', '2026-03-01', 500, 'JPY');
INSERT INTO reglement VALUES (1, '2026-02-20', 200);
INSERT INTO dunning.rule (name, rule) VALUES ('tenth', '10%; compensation 40.00 EUR');
SELECT FROM dunning.adopt('facture', columns => '{"key": "id", "reference": "numero", "customer": "client", "company": "societe", "issued_on": "emise", "due_on": "echeance", "amount": "montant", "currency": "devise",
	"payments": {"table": "reglement", "item": "facture", "date": "jour", "amount": "montant"}, "customers": {"table": "client", "key": "id", "name": "name", "email": "email", "language": "language"}}', rule => 'tenth') \g /dev/null

--
-- Who writes
--
SELECT throws_ok($$ SELECT dunning.save_sender('ACME', iban => 'FR14 2004 1010 0505 0001 3M02 607') $$, '22023', 'sender "ACME" cannot be saved', 'a wrong IBAN is refused');
SELECT throws_ok($$ SELECT dunning.save_sender('ACME', siren => '732829321') $$, '22023', 'sender "ACME" cannot be saved', 'a wrong SIREN is refused');
SELECT throws_ok($$ SELECT dunning.save_sender('ACME', ledger => 'none') $$, '42704', NULL, 'an unknown ledger is refused');
SELECT dunning.save_sender('ACME SAS', 'A', address => E'1 rue de la Paix\n75002 Paris', city => 'Paris', siren => '732 829 320', email => 'credit@acme.example', signatory => 'Anne Martin',
	iban => 'fr14 2004 1010 0505 0001 3M02 606', bic => 'psstfrpppar', payment_link => 'https://pay.example/{customer}?ref={reference}&amount={amount}&currency={currency}',
	invoice_link => 'https://acme.example/{reference}.pdf', deadline_days => 10);
SELECT dunning.save_sender('Everybody', language => 'nl');
SELECT dunning.save_sender('ACME of 2027', 'A', valid_from => '2027-01-01');
SELECT is((SELECT s.name FROM _dunning.find_sender('facture', 'A', '2026-03-31') AS s), 'ACME SAS', 'the sender of the company');
SELECT is((SELECT s.name FROM _dunning.find_sender('facture', 'A', '2027-01-01') AS s), 'ACME of 2027', 'of the day');
SELECT is((SELECT s.name FROM _dunning.find_sender('facture', 'B', '2026-03-31') AS s), 'Everybody', 'or of all companies');
SELECT is((SELECT s.iban || ' ' || s.bic || ' ' || s.siren FROM dunning.sender AS s WHERE s.company = 'A' AND s.valid_from < '2026-01-01'), 'FR1420041010050500013M02606 PSSTFRPPPAR 732829320', 'numbers are stored without spaces');

--
-- Who reads
--
CREATE FUNCTION pg_temp.who(channel text, level integer, facts jsonb, customer text DEFAULT '1', company text DEFAULT 'A', chain text[] DEFAULT '{email,letter}') RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', coalesce(r.channel, 'nobody'), 'lacks ' || r.lacks, coalesce(r.name, r.email, r.phone), r.language)
	FROM _dunning.find_addressee('facture', company, customer::dunning.item_key, channel, level, '2026-03-31', facts, jsonb_populate_record(NULL::dunning.sender, jsonb_build_object('fallback', chain))) AS r
$$;
SELECT is(pg_temp.who('email', 1, '{"email": "a@b.example", "language": "fr_FR"}'), 'email a@b.example fr', 'without a recipient the ERP''s address counts');
SELECT is(pg_temp.who('email', 1, '{"email": "no address"}'), 'nobody lacks email', 'what is no address reaches nobody');
SELECT is(pg_temp.who('email', 1, '{"email": "no address", "address": "1 rue X"}'), 'letter lacks email', 'then the next channel of the chain is taken');
SELECT is(pg_temp.who('registered_letter', 1, '{"email": "a@b.example"}'), 'nobody lacks address a@b.example', 'but in place of a registered letter none');
SELECT is(pg_temp.who('portal', 1, '{}'), 'portal', 'another channel needs nothing');
SELECT isnt(dunning.save_recipient('facture', '1', 'Paul', email => ' paul@durand.example ', language => 'FR'), NULL, 'a recipient has a number');
SELECT dunning.save_recipient('facture', '1', 'Zoe', 'management', email => 'zoe@durand.example', from_level => 3) \g /dev/null
SELECT dunning.save_recipient('facture', '1', 'Max', 'buyer', phone => '+33 4', language => 'en', until_level => 1) \g /dev/null
SELECT dunning.save_recipient('facture', '1', 'Old', email => 'old@durand.example', valid_from => '2026-01-01', valid_until => '2026-02-01') \g /dev/null
SELECT dunning.save_recipient('facture', '1', 'Of B', email => 'b@durand.example', company => 'B') \g /dev/null
SELECT is(pg_temp.who('email', 1, '{"email": "a@b.example"}'), 'email Paul fr', 'accounts payable first');
SELECT is(pg_temp.who('email', 3, '{"email": "a@b.example", "language": "de"}'), 'email Zoe de', 'management from its first step on, in the language of the customer');
SELECT is(pg_temp.who('sms', 1, '{}'), 'sms Max en', 'whoever has what the channel needs');
SELECT is(pg_temp.who('sms', 2, '{}'), 'email lacks phone Paul fr', 'until his last step; then the chain');
SELECT is(pg_temp.who('letter', 1, '{}'), 'email lacks address Paul fr', 'the chain leads to an e-mail');
SELECT is(pg_temp.who('email', 1, '{}', company => 'B'), 'email Of B', 'the one who was named last');
CREATE FUNCTION pg_temp.said(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE statement;
	RETURN 'saved';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || SQLERRM || ': ' || detail;
END $$;
SELECT is(pg_temp.said('SELECT dunning.save_recipient(''facture'', ''1'', ' || v.given || ')'), '22023 the recipient of customer 1 cannot be saved: ' || v.said, v.given) FROM (VALUES
	($$ email => 'a b@c' $$, 'email: it is no address such as name@example.com.'),
	($$ name => E'N\r\nBcc: x@y.example' $$, 'name: it has to be one line without characters that cannot be printed.'),
	($$ email => E'n@x.example\nBcc:x@y.example' $$, 'email: it has to be one line without characters that cannot be printed.'),
	($$ phone => 'none' $$, 'phone: it has no digit.'),
	($$ address => E'1 rue\x01' $$, 'address: a character in it cannot be printed.'),
	($$ role => 'Big Boss', language => 'french' $$, 'role: it has to be of lower-case letters, digits and _, such as accounts_payable, language: it is no ISO code such as fr.'),
	($$ from_level => 3, until_level => 2 $$, 'until_level: it is before from_level.'),
	($$ from_level => 0 $$, 'from_level: the first step is 1.'),
	($$ valid_from => '2026-02-01', valid_until => '2026-01-31' $$, 'valid_until: it is before valid_from.')) AS v (given, said);
SELECT is(pg_temp.said('SELECT dunning.save_sender(''Us'', ''Z'', ' || v.given || ')'), '22023 sender "Us" cannot be saved: ' || v.said, v.given) FROM (VALUES
	($$ email => E'us@x.example\nBcc: evil@x.example' $$, 'email: it has to be one line without characters that cannot be printed.'),
	($$ email => 'us' $$, 'email: it is no address such as name@example.com.'),
	($$ payment_link => 'javascript:alert(1)' $$, 'payment_link: it is no address such as https://example.com/pay.'),
	($$ invoice_link => 'https://x.example/"onclick="' $$, 'invoice_link: it is no address such as https://example.com/pay.'),
	($$ signatory => E'A\nB', city => E'A\tB' $$, 'city: it has to be one line without characters that cannot be printed, signatory: it has to be one line without characters that cannot be printed.'),
	($$ bic => 'PSST', language => '12' $$, 'bic: it is no BIC such as PSSTFRPPPAR, language: it is no ISO code such as fr.'),
	($$ deadline_days => 400 $$, 'deadline_days: 0 to 365.'),
	($$ valid_from => '2026-02-01', valid_until => '2026-01-31' $$, 'valid_until: it is before valid_from.')) AS v (given, said);
SELECT is(pg_temp.said($$ SELECT dunning.save_sender(E'Us\nBcc: x', 'Z') $$) ~ '^22023 .*name: it has to be one line', true, 'a name is one line');
SELECT is(pg_temp.said('SELECT dunning.save_sender(NULL, ''Z'')'), '22023 sender "" cannot be saved: name: it is empty.', 'who writes has a name');
-- nor past the verbs
SELECT throws_ok(format('INSERT INTO dunning.sender (company, name, %1$I) VALUES (''Z'', ''Us'', %2$L)', v.name, v.word), '23514', NULL, v.name) FROM (VALUES ('email', E'us@x.example\nBcc: evil@x.example'),
	('payment_link', 'javascript:alert(1)'), ('address', E'1 rue\r'), ('signatory', E'A\nB')) AS v (name, word);
SELECT throws_ok($$ INSERT INTO dunning.recipient (ledger, customer, name) VALUES ('facture', '1', E'N\nBcc: x@y.example') $$, '23514', NULL, 'nor a recipient');
-- an address that was typed on another system
SELECT dunning.save_sender('Us', 'Z', address => E' 1 rue\r\n75001 Paris\r\n', email => ' us@x.example ', phone => '');
SELECT is((SELECT s.address || '|' || s.email || '|' || coalesce(s.phone, 'none') FROM dunning.sender AS s WHERE s.company = 'Z'), E'1 rue\n75001 Paris|us@x.example|none', 'is saved as lines');
DELETE FROM dunning.sender WHERE company = 'Z';
SELECT throws_ok($$ SELECT dunning.save_recipient('none', '1') $$, '42704', NULL, 'an unknown ledger is refused');
SELECT is(dunning.save_recipient('facture', '1', 'Paul D.', email => 'paul@durand.example'), (SELECT r.recipient FROM dunning.recipient AS r WHERE r.name = 'Paul'), 'saving again changes the row');
SELECT is((SELECT count(*) FROM dunning.recipient), 5::bigint, 'and adds none');

--
-- The context: interest of 30 days on 1,000.00 and of 10 days on 365.00 at 10 % is 8.22 and 1.00
--
-- with spaces that may break
CREATE FUNCTION pg_temp.context(customer text, company text DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS
	$$ SELECT translate(dunning.notice_context('facture', customer, company => company)::text, U&'\00A0\202F', '  ')::jsonb $$;
CREATE TEMP TABLE made AS SELECT pg_temp.context('1', 'A') AS c;
SELECT is((SELECT c #> '{totals,raw}' FROM made), '{"open_amount": 1365, "interest": 9.22, "compensation": 80.00, "late_fees": 0, "penalty": 89.22, "fees": 0, "credits": 0, "total": 1454.22}'::jsonb, 'the sums');
SELECT is((SELECT jsonb_agg(i #> '{raw,open_amount}') FROM made, jsonb_array_elements(c -> 'items') AS i), '[1000, 365]', 'the items that are past due, the oldest first');
SELECT is((SELECT (c #> '{items,0}') - 'raw' FROM made), '{"reference": "F-1", "part": null, "issued_on": "01/02/2026", "due_on": "01/03/2026", "amount": "1 200,00 €", "open_amount": "1 000,00 €", "partly_paid": true, "days_past_due": 30, "one_day": false,
	"interest": "8,22 €", "compensation": "40,00 €", "late_fee": null, "fee": null, "last_reminder_on": null, "customer_name": "Durand & Fils", "link": "https://acme.example/F-1.pdf"}'::jsonb, 'an item in words of the language');
SELECT is((SELECT c #>> '{totals,total}' FROM made), '1 454,22 €', 'the total in words of the language');
SELECT is((SELECT (c -> 'penalties') - 'raw' - 'reckoning' FROM made), '{"rate": "10,00 %", "compensation_each": "40,00 €", "mention": null, "late_fees": []}'::jsonb, 'the penalties');
SELECT is(_dunning.rates_of((SELECT r.rule FROM dunning.rule AS r WHERE r.name = 'france'), '2026-03-31', '2026-11-30'), '{12.15,12.40}', 'all rates of the days of interest');
SELECT is(_dunning.rates_of((SELECT r.rule FROM dunning.rule AS r WHERE r.name = 'france'), '2026-06-30', '2026-11-30'), '{12.40}', 'from the day after the due date');
SELECT is(_dunning.rates_of('10%', '2026-06-30', '2026-11-30'), '{10}', 'a constant one');
SELECT is((SELECT (c #> '{penalties,reckoning,0}') - 'raw' FROM made), '{"reference": "F-1", "from_day": "02/03/2026", "to_day": "31/03/2026", "days": 30, "rate": "10,00 %", "principal": "1 000,00 €", "interest": "8,22 €"}'::jsonb, 'how the interest comes about');
SELECT is((SELECT sum((r #>> '{raw,amount}')::numeric) FROM made, jsonb_array_elements(c #> '{penalties,reckoning}') AS r), 9.22, 'which adds up');
SELECT is((SELECT c -> 'payment' FROM made), jsonb_build_object('payee', 'ACME SAS', 'iban', 'FR14 2004 1010 0505 0001 3M02 606', 'bic', 'PSSTFRPPPAR', 'reference', 'RF741', 'amount', '1 365,00 €', 'assigned', false, 'mention', NULL,
	'link', 'https://pay.example/1?ref=RF741&amount=1365&currency=EUR',
	'qr', E'BCD\n002\n1\nSCT\nPSSTFRPPPAR\nACME SAS\nFR1420041010050500013M02606\nEUR1365\n\nRF741'), 'how to pay');
SELECT is((SELECT c #>> '{payment,qr}' FROM dunning.notice_context('facture', '1', company => 'A', channel => 'registered_letter') AS c), E'BCD\n002\n1\nSCT\nPSSTFRPPPAR\nACME SAS\nFR1420041010050500013M02606\nEUR1454.22\n\nRF741', 'a registered letter asks for the penalties, too');
SELECT is((SELECT c -> 'deadline' FROM made), '{"days": 10, "pay_before": "10/04/2026", "raw": {"pay_before": "2026-04-10"}}'::jsonb, 'until when');
SELECT is((SELECT c -> 'contact' FROM made), '{"name": "Paul D.", "email": "paul@durand.example", "phone": null, "address": null, "role": "accounts_payable"}'::jsonb, 'who reads it');
SELECT is((SELECT c #>> '{customer,name}' || ', ' || (c ->> 'language') || ', ' || (c ->> 'written_on') FROM made), 'Durand & Fils, fr, 31/03/2026', 'customer, language and day');
SELECT is((SELECT (c #> '{items,0,amount}')::text || (c ->> 'language') FROM dunning.notice_context('facture', '1', company => 'A', language => 'en') AS c), '"€1,200.00"en', 'in another language');
SELECT is((SELECT c #>> '{totals,raw,open_amount}' FROM dunning.notice_context('facture', '1', '{3}') AS c), '90', 'an item by its key, though it is not due');
SELECT throws_ok($$ SELECT dunning.notice_context('facture', '1', company => 'A', as_of => '2026-02-15') $$, 'P0002', NULL, 'whoever owes nothing gets no message');
SELECT throws_ok($$ SELECT dunning.notice_context('facture', '1') $$, '22023', NULL, 'nor is one about two companies');
SELECT is(dunning.notice_context(NULL, '1'), NULL, 'NULL for no ledger');

-- 730.00 CHF, 30 days: 6.00; the compensation of the law is in euros
SELECT is((SELECT (c -> 'totals') - 'raw' FROM pg_temp.context('2') AS c), '{"count": 1, "several": false, "summed": false, "open_amount": "CHF 730,00", "interest": "CHF 6,00", "compensation": "€ 40,00", "late_fees": null, "penalty": "CHF 6,00", "fees": null, "credits": null, "total": "CHF 736,00 + € 40,00"}'::jsonb,
	'a compensation in another currency stands beside the total, in the language of the sender');
SELECT is((SELECT c #>> '{payment}' FROM pg_temp.context('2') AS c), NULL, 'without an account nothing is said of paying');
SELECT is((SELECT c #>> '{items,0,open_amount}' FROM pg_temp.context('3') AS c), 'JPY 500', 'a currency without decimals, a language that is no code');

-- Of a part in dispute nothing is asked
SELECT dunning.hold_item('facture', '2', 'dispute', '2026-03-01', amount => 65) \g /dev/null
SELECT is((SELECT c #>> '{items,1,open_amount}' || ' of ' || (c #>> '{items,1,amount}') FROM pg_temp.context('1', 'A') AS c), '300,00 € of 365,00 €', 'what is held is not asked for');

-- Every name of the context stands in the sample, and the other way round
CREATE FUNCTION pg_temp.names(j jsonb, path text DEFAULT '') RETURNS SETOF text LANGUAGE sql AS $$
	SELECT path WHERE jsonb_typeof(j) NOT IN ('object', 'array')
	UNION ALL
	SELECT n FROM jsonb_each(CASE jsonb_typeof(j) WHEN 'object' THEN j WHEN 'array' THEN '{}' ELSE '{}' END) AS o (k, v) CROSS JOIN LATERAL pg_temp.names(o.v, path || '.' || o.k) AS n
	UNION ALL
	SELECT n FROM (SELECT v FROM jsonb_array_elements(CASE jsonb_typeof(j) WHEN 'array' THEN j ELSE '[]' END) AS v LIMIT 1) AS a CROSS JOIN LATERAL pg_temp.names(a.v, path || '[]') AS n
$$;
SELECT is_empty($$ SELECT n FROM made, pg_temp.names(c) AS n EXCEPT SELECT n FROM pg_temp.names(dunning.template_sample('fr')) AS n $$, 'no name that the sample does not have');
SELECT is_empty($$ SELECT n FROM pg_temp.names(dunning.template_sample('fr')) AS n WHERE n !~ '^\.(plan|statement|call|sent_before|credits|penalties\.late_fees)' EXCEPT SELECT n FROM made, pg_temp.names(c) AS n $$, 'and all that it has');

-- Credits are set off by the setting, or only shown
INSERT INTO facture VALUES (90, 'F-90', 2, 'B', '2026-02-15', '2026-02-15', -30, 'CHF'), (91, 'F-91', 2, 'B', '2026-02-10', '2026-02-10', -11, 'CHF');
CREATE TEMP TABLE credited AS SELECT pg_temp.context('2') AS c;
SELECT results_eq($$ SELECT n FROM credited, pg_temp.names(c -> 'credits') AS n ORDER BY n $$, $$ SELECT n FROM pg_temp.names(dunning.template_sample('fr') -> 'credits') AS n ORDER BY n $$, 'the names of credits');
SELECT is((SELECT string_agg(concat_ws(' ', v ->> 'what', v ->> 'reference', v ->> 'open_amount', v ->> 'set_off'), '; ') FROM credited, jsonb_array_elements(c -> 'credits') AS v), 'creditnota F-91 CHF 11,00 CHF 11,00; creditnota F-90 CHF 30,00 CHF 30,00', 'the oldest first');
SELECT is((SELECT concat_ws(' ', c #> '{totals,raw,open_amount}', c #> '{totals,raw,credits}', c #>> '{totals,open_amount}', c #>> '{totals,credits}') FROM credited), '689 41 CHF 689,00 CHF 41,00', 'what is asked for is less');
INSERT INTO dunning.ledger_setting (ledger, netting) VALUES ('facture', 'none');
SELECT is((SELECT concat_ws(' ', c #> '{totals,raw,open_amount}', c #> '{totals,raw,credits}', jsonb_array_length(c -> 'credits'), c #>> '{credits,0,set_off}') FROM pg_temp.context('2') AS c), '730 0 2', 'or they are only shown');
DELETE FROM dunning.ledger_setting;
DELETE FROM facture WHERE id > 89;

-- A payer gets one message about the items of those for whom he pays
CREATE TABLE site (id integer PRIMARY KEY, name text, payer integer, email text, siren text, adresse text, cp text, ville text);
INSERT INTO site VALUES (10, 'Centre', NULL, 'centre@x.example', '404 833 048', E'1 quai\nBât. B', '69002', 'Lyon'), (11, 'Site A', 10, 'a@x.example', NULL, NULL, NULL, NULL), (12, 'Site B', 10, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE piece (LIKE facture INCLUDING ALL);
INSERT INTO piece VALUES (1, 'P-1', 11, 'A', '2026-01-01', '2026-03-11', 10000, 'EUR'), (2, 'P-2', 12, 'A', '2026-01-01', '2026-03-21', 7000, 'EUR'), (3, 'P-3', 10, 'A', '2026-01-01', '2026-03-21', 1, 'EUR');
SELECT FROM dunning.adopt('piece', columns => '{"key": "id", "reference": "numero", "customer": "client", "company": "societe", "issued_on": "emise", "due_on": "echeance", "open_amount": "montant", "currency": "devise",
	"customers": {"table": "site", "key": "id", "payer": "payer"}}', rule => NULL) \g /dev/null
CREATE TEMP TABLE centre AS SELECT dunning.notice_context('piece', '10') AS c;
SELECT is((SELECT c #>> '{customer,name}' || ', ' || (c #>> '{contact,email}') || ', ' || (c #>> '{totals,raw,open_amount}') FROM centre), 'Centre, centre@x.example, 17001', 'the payer is written to');
SELECT is((SELECT jsonb_agg(i -> 'customer_name') FROM centre, jsonb_array_elements(c -> 'items') AS i), '["Site A", "Site B", "Centre"]', 'with the names of those who owe');
SELECT is((SELECT c #>> '{customer,siren}' || E'\n' || (c #>> '{customer,address}') FROM centre), E'404833048\n1 quai\nBât. B\n69002 Lyon', 'his number and his address are those of the ERP');
SELECT throws_ok($$ SELECT dunning.notice_context('piece', '11') $$, 'P0002', NULL, 'the site gets none');

--
-- Who is paid: 50,000.00 assigned to a factor, assigned back
--
INSERT INTO facture VALUES (7, 'F-7', 2, 'A', '2026-01-01', '2026-01-31', 50000, 'EUR');
SELECT throws_ok($$ SELECT dunning.note_payee('facture', 'FACTOR SA', 'FR00', '2026-02-10', ARRAY['7']::dunning.item_key[]) $$, '22023', NULL, 'a wrong IBAN is refused');
SELECT dunning.note_payee('facture', 'FACTOR SA', 'DE71 1102 2033 0123 4567 89', '2026-02-10', ARRAY['7']::dunning.item_key[]) AS factor \gset
CREATE FUNCTION pg_temp.payee(day date, item text DEFAULT '7', customer text DEFAULT '2') RETURNS text LANGUAGE sql AS $$
	SELECT c #>> '{payment,payee}' || CASE WHEN (c #>> '{payment,assigned}')::boolean THEN ' (assigned)' ELSE '' END FROM dunning.notice_context('facture', customer, ARRAY[item]::dunning.item_key[], as_of => day) AS c
$$;
SELECT is(pg_temp.payee('2026-02-09'), 'ACME SAS', 'before the notification we are paid');
SELECT is(pg_temp.payee('2026-02-10'), 'FACTOR SA (assigned)', 'from its day on the factor');
SELECT dunning.end_payee(:factor, 'not paid', '2026-03-14') \g /dev/null
SELECT is(pg_temp.payee('2026-03-13'), 'FACTOR SA (assigned)', 'until the day before it is assigned back');
SELECT is(pg_temp.payee('2026-03-14'), 'ACME SAS', 'then we are paid again');
SELECT is(pg_temp.payee('2026-03-13', '1', '1'), 'ACME SAS', 'of other items we always were');
SELECT ok(NOT dunning.end_payee(:factor, 'again'), 'it ends once');
SELECT throws_ok(format('UPDATE dunning.payee SET iban = %L', 'FR1420041010050500013M02606'), '55000', NULL, 'nobody changes where was paid to');
SELECT throws_ok('SELECT dunning.end_payee(0, ''x'')', 'P0002', NULL, 'one that does not exist');
SELECT dunning.note_payee('facture', 'BANK', 'DE71110220330123456789', '2026-03-20', customer => '2', mention => 'Cession Dailly') \g /dev/null
SELECT is((SELECT c #>> '{payment,mention}' FROM dunning.notice_context('facture', '2', '{7}') AS c), 'Cession Dailly', 'the sentence of the assignment');
SELECT matches((SELECT translate((dunning.render_template('first_reminder', c)).body, U&'\00A0\202F', '  ') FROM dunning.notice_context('facture', '2', '{7}', language => 'fr') AS c), E'BANK : IBAN DE71 1102 2033 0123 4567 89[^\n]*\nCession Dailly', 'stands in the message');
SELECT ok(NOT EXISTS (SELECT FROM dunning.notice_context('facture', '2', '{7}') AS c WHERE c ->> 'payment' ~ 'FR14|pay.example'), 'and no account and no page of ours');

--
-- A formal notice with holes
--
SELECT throws_ok($$ SELECT dunning.render_template('formal_notice', c) FROM made $$, '22004', 'formal notice "formal_notice" cannot be written', 'a formal notice with holes is refused');
SELECT set_eq($$ SELECT dunning.missing_values(c) FROM made $$, ARRAY['the SIREN of the debtor, or his VAT number'], 'what is missing is said');
SELECT lives_ok($$ SELECT dunning.render_template('formal_notice', jsonb_set(c, '{customer,siren}', '"404833048"')) FROM made $$, 'without holes it is written');
SELECT lives_ok($$ SELECT dunning.render_template('formal_notice', jsonb_set(c, '{customer,professional}', 'false')) FROM made $$, 'a consumer has no SIREN');
SELECT set_eq($$ SELECT dunning.missing_values(jsonb_set(jsonb_set(c, '{items,0}', (c #> '{items,0}') || '{"interest": null, "raw": {}, "due_on": ""}'), '{company}', '{"name": "A"}')) FROM made $$,
	ARRAY['the due date of each invoice: F-1', 'the interest on each invoice: F-1', 'the SIREN of the debtor, or his VAT number', 'who signs'], 'with the invoices that lack a value');
SELECT is((SELECT count(*) FROM dunning.missing_values('{}')), 15::bigint, 'an empty context lacks all');
-- interest that is 0 is known, and needs no rate
SELECT is_empty($$ SELECT dunning.missing_values(jsonb_set(jsonb_set(dunning.template_sample(), '{items}', (SELECT jsonb_agg(i || '{"interest": null}' || jsonb_build_object('raw', (i -> 'raw') || '{"interest": 0}')) FROM jsonb_array_elements(dunning.template_sample() -> 'items') AS i)),
	'{totals,raw,interest}', '0') || '{"penalties": {}}') $$, 'interest of 0');
SELECT set_eq($$ SELECT dunning.missing_values(dunning.template_sample() || '{"penalties": {}}') $$, ARRAY['the yearly rate of the interest'], 'but other interest needs one');

--
-- Who may: by level and company
--
CREATE FUNCTION pg_temp.as_role(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	EXECUTE statement INTO answer;
	RESET ROLE;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
CREATE ROLE dunning_looks;
CREATE ROLE dunning_a;
CREATE ROLE dunning_keeps;
CREATE ROLE dunning_nobody;
GRANT SELECT ON facture, reglement, client TO dunning_looks, dunning_a, dunning_keeps;
SELECT dunning.grant_access('dunning_looks', 'viewer'), dunning.grant_access('dunning_a', 'collector', company => 'A'), dunning.grant_access('dunning_keeps', 'admin') \g /dev/null
SELECT is(pg_temp.as_role('dunning_nobody', 'SELECT count(*) FROM dunning.recipient'), '42501', 'not for everybody');
SELECT is(pg_temp.as_role('dunning_looks', 'SELECT count(*) FROM dunning.recipient'), '5', 'a viewer reads recipients');
SELECT is(pg_temp.as_role('dunning_a', 'SELECT string_agg(name, '', '' ORDER BY name) FROM dunning.recipient'), 'Max, Old, Paul D., Zoe', 'of his company and of all companies');
SELECT is(pg_temp.as_role('dunning_looks', 'SELECT dunning.notice_context(''facture'', ''1'', company => ''A'') #>> ''{totals,total}'''), (SELECT dunning.notice_context('facture', '1', company => 'A') #>> '{totals,total}'), 'and contexts');
SELECT is(pg_temp.as_role('dunning_looks', 'SELECT dunning.save_recipient(''facture'', ''1'', email => ''x@y.example'')'), '42501', 'but saves none');
SELECT isnt(pg_temp.as_role('dunning_a', 'SELECT dunning.save_recipient(''facture'', ''1'', email => ''x@y.example'', company => ''A'')'), '42501', 'a collector saves recipients of his company');
SELECT is(pg_temp.as_role('dunning_a', 'SELECT dunning.save_recipient(''facture'', ''1'', email => ''x@y.example'', company => ''B'')'), '42501', 'and of no other');
SELECT is(pg_temp.as_role('dunning_a', 'SELECT dunning.save_recipient(''facture'', ''1'', email => ''x@y.example'')'), '42501', 'nor of all');
SELECT is(pg_temp.as_role('dunning_a', 'SELECT dunning.save_sender(''x'', ''A'')'), '42501', 'who writes and where is paid to is no matter of a collector');
SELECT is(pg_temp.as_role('dunning_a', 'SELECT dunning.note_payee(''facture'', ''x'', ''DE71110220330123456789'', ''2026-03-01'', company => ''A'')'), '42501', 'nor an assignment');
SELECT isnt(pg_temp.as_role('dunning_keeps', 'SELECT dunning.save_sender(''x'', ''C'')'), '42501', 'but of an admin');
SELECT isnt(pg_temp.as_role('dunning_keeps', 'SELECT dunning.note_payee(''facture'', ''x'', ''DE71110220330123456789'', ''2026-03-01'', company => ''C'')'), '42501', 'an assignment, too');

SELECT * FROM finish();
ROLLBACK;
