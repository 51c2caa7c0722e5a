-- Adoption: what is kept when a ledger is adopted anew, what is said of books that are
-- not in order, and what may be updated.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL dunning.today = '2026-11-01';
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE || ': ' || SQLERRM, nullif(hint, ''));
END $$;
SELECT no_plan();

-- What is not given is as it was
CREATE TABLE facture (id integer PRIMARY KEY, client integer, date_facture date, date_echeance date, "montant %" numeric, devise text, litige boolean, bloque boolean);
CREATE TABLE reglement (facture_id integer REFERENCES facture, date_reglement date, montant numeric);
INSERT INTO facture VALUES (1, 7, '2026-09-01', '2026-10-01', 1000, 'EUR', false, false), (2, 7, '2026-09-01', '2026-10-01', 50, 'EUR', false, true);
INSERT INTO reglement VALUES (1, '2026-09-20', 900);
SELECT dunning.adopt('facture', columns => '{"amount": "montant %", "payments": "reglement"}', rule => NULL) \g /dev/null
SELECT results_eq('SELECT item::text, open_amount, currency, held FROM dunning.open_item ORDER BY 1', $$ VALUES ('1', 100::numeric, 'EUR', NULL::boolean), ('2', 50, 'EUR', NULL) $$,
	'adopted with payments; a name with a percent sign is a name');
SELECT dunning.adopt('facture', columns => '{"held": "bloque"}', replace => true) \g /dev/null
SELECT results_eq('SELECT item::text, open_amount, currency, held FROM dunning.open_item ORDER BY 1', $$ VALUES ('1', 100::numeric, 'EUR', false), ('2', 50, 'EUR', true) $$,
	'one more column: payments and currency are as they were');
SELECT is((SELECT rule FROM dunning.ledger), NULL, 'so is a rule of none');
SELECT dunning.adopt('facture', columns => '{"currency": null}', replace => true) \g /dev/null
SELECT results_eq('SELECT item::text, open_amount, currency, held FROM dunning.open_item ORDER BY 1', $$ VALUES ('1', 100::numeric, NULL::text, false), ('2', 50, NULL, true) $$, 'null leaves one out');
SELECT dunning.adopt('facture', replace => true) \g /dev/null
SELECT results_eq('SELECT item::text, open_amount, currency, held FROM dunning.open_item ORDER BY 1', $$ VALUES ('1', 100::numeric, NULL::text, false), ('2', 50, NULL, true) $$, 'and it stays out');
SELECT dunning.adopt('facture', columns => '{"payments": {"date": null}}', replace => true) \g /dev/null
SELECT is((SELECT as_of_known FROM dunning.ledger_items('2026-09-10') WHERE item = '1'), false, 'a field of the payments is laid over theirs');
SELECT dunning.adopt('facture', columns => '{"open_amount": "montant %"}', replace => true) \g /dev/null
SELECT is((SELECT sum(open_amount) FROM dunning.open_item), 1050::numeric, 'another way to know the open amount takes the place of the payments');
SELECT dunning.release_ledger('facture', keep => true) \g /dev/null
SELECT is((SELECT state || ' ' || relation_name FROM dunning.ledger), 'released public.facture', 'a ledger that is kept is a row');
SELECT is((SELECT count(*) FROM dunning.open_item), 0::bigint, 'without items');
SELECT dunning.adopt('facture') \g /dev/null
SELECT is((SELECT sum(open_amount) FROM dunning.open_item), 1050::numeric, 'it comes back as it was');
SELECT dunning.release_ledger('facture') \g /dev/null

-- Settings
SELECT dunning.adopt('facture', columns => '{"amount": "montant %", "payments": "reglement"}') \g /dev/null
INSERT INTO dunning.procedure (name, procedure) VALUES ('mine', '1 email');
SELECT lives_ok('UPDATE dunning.ledger SET procedure = ''mine'', rule = ''DE'', scheme = ''tryton''', 'settings may be updated');
SELECT is((SELECT procedure::text FROM dunning.worklist WHERE item = '1'), '1 email', 'and count at once');
SELECT is(pg_temp.try(statement), answer, statement) FROM (VALUES
	('UPDATE dunning.ledger SET procedure = ''nobody''', '42704: dunning procedure "nobody" does not exist | Insert it into dunning.procedure first.'),
	('UPDATE dunning.ledger SET rule = ''nobody''', '42704: penalty rule "nobody" does not exist | Insert it into dunning.rule first, or give NULL for none.'),
	('UPDATE dunning.ledger SET scheme = ''nobody''', '42704: aging scheme "nobody" does not exist | Insert it into dunning.scheme first.'),
	('UPDATE dunning.ledger SET columns = ''{}''', '55000: only the settings of the ledger "facture" can be updated | Adopt it again, its history stays: SELECT * FROM dunning.adopt(''public.facture'', ledger => ''facture'', columns => ..., replace => true).'),
	('DELETE FROM dunning.procedure WHERE name = ''mine''', '23503: procedure "mine" is in use by the ledger "facture" | Give the ledger another one first: UPDATE dunning.ledger SET procedure = ... WHERE ledger = ''facture''.')) AS v (statement, answer);

-- Payments that pay nothing
ALTER TABLE reglement DROP CONSTRAINT reglement_facture_id_fkey;
INSERT INTO reglement VALUES (NULL, '2026-09-20', 300), (77, '2026-09-20', 200);
SELECT results_eq($$ SELECT source, why FROM dunning.adopt('facture', replace => true) WHERE field = 'unmatched payments' $$,
	$$ VALUES ('2', 'they name no item, or one that is not there, and pay nothing: 500 in all') $$, 'payments without an item are told at the adoption');
SELECT results_eq($$ SELECT problem, detail FROM dunning.ledger_problems('facture') WHERE item IS NULL AND problem LIKE 'unmatched%' $$,
	$$ VALUES ('unmatched payments', '2 payment(s) of 500 in all name no item, or one that is not there, and pay nothing.') $$, 'and among the problems');
SELECT dunning.release_ledger('facture') \g /dev/null

-- A key that is no longer unique
CREATE TABLE adresse (client integer, email text);
INSERT INTO adresse VALUES (7, 'a@example.org');
CREATE VIEW avec_adresse AS SELECT f.id, f.client, f.date_echeance, f."montant %" AS solde, a.email FROM facture AS f LEFT JOIN adresse AS a USING (client);
SELECT results_eq($$ SELECT source, why FROM dunning.adopt('avec_adresse', watch => true) WHERE field = 'watch' $$,
	$$ VALUES (NULL::text, 'nothing is watched, since a view has no such triggers: dunning.watch_table attaches them to a table behind it; otherwise the next run cancels what was settled') $$,
	'a view cannot be watched, and that is said');
INSERT INTO adresse VALUES (7, 'b@example.org');
SELECT results_eq($$ SELECT item::text, problem FROM dunning.ledger_problems('avec_adresse') WHERE problem = 'repeated key' ORDER BY 1 $$,
	$$ VALUES ('1', 'repeated key'), ('2', 'repeated key') $$, 'a key that is there twice is a problem');
SELECT dunning.release_ledger('avec_adresse') \g /dev/null

-- The numbers of a second company begin again: one key is due, the other is not, or is paid
INSERT INTO dunning.rule (name, rule) VALUES ('tenth', '10%; compensation 40.00 EUR');
CREATE TABLE piece (num integer, client integer, echeance date, solde numeric, societe text, devise text DEFAULT 'EUR');
INSERT INTO piece VALUES (1, 1, '2026-10-01', 100, 'A'), (2, 1, '2026-10-01', 100, 'A'), (3, 1, '2026-10-01', 100, 'A');
SELECT results_eq($$ SELECT source, why FROM dunning.adopt('piece', columns => '{"key": "num", "customer": "client", "due_on": "echeance", "open_amount": "solde", "company": "societe", "currency": "devise"}', rule => 'tenth')
	WHERE field = 'advice' AND source ~ 'UNIQUE' $$,
	$$ VALUES ('CREATE UNIQUE INDEX ON public.piece (num)', 'nothing keeps this key unique; items whose key several rows have are neither reminded nor claimed for') $$,
	'an adoption says that nothing keeps a key unique');
SELECT results_eq('SELECT ok, problem, hint FROM dunning.check_ledgers()', 'VALUES (true, NULL::text, NULL::text)', 'no key is there twice yet');
INSERT INTO piece VALUES (2, 9, '2027-10-01', 50, 'B'), (3, 9, '2026-10-01', 0, 'B'), (4, 9, '2026-10-02', 70, 'B');
SELECT is(dunning.run_reminders('2026-11-01', 'piece'), 2, 'a run raises nothing for such a key');
SELECT results_eq('SELECT item::text FROM dunning.reminder WHERE ledger = ''piece'' ORDER BY 1', $$ VALUES ('1'), ('4') $$, 'but for the others');
SELECT results_eq('SELECT item::text, message FROM dunning.run_problem WHERE ledger = ''piece'' ORDER BY 1',
	$$ VALUES ('2', 'several rows of the ledger have this key'), ('3', 'several rows of the ledger have this key') $$, 'and says so');
SELECT dunning.claim_penalties('2026-11-01', 'piece') \g /dev/null
SELECT results_eq('SELECT DISTINCT item::text FROM dunning.claim WHERE ledger = ''piece'' ORDER BY 1', $$ VALUES ('1'), ('4') $$, 'nor is anything claimed');
SELECT results_eq('SELECT ok, problem, hint FROM dunning.check_ledgers()',
	$$ VALUES (true, '2 key(s) belong to several rows each: such items are neither reminded nor claimed for', 'SELECT * FROM dunning.ledger_problems(''piece'') WHERE problem = ''repeated key'' lists them.') $$,
	'the check of the ledgers sees it');
SELECT dunning.release_ledger('piece') \g /dev/null
-- no index can keep a key unique that the partitions are not divided by
CREATE TABLE piece_p (num integer NOT NULL, client integer, echeance date NOT NULL, solde numeric, devise text) PARTITION BY RANGE (echeance);
CREATE TABLE piece_p1 PARTITION OF piece_p DEFAULT;
SELECT results_eq($$ SELECT source, why FROM dunning.adopt('piece_p', columns => '{"key": "num", "customer": "client", "due_on": "echeance", "open_amount": "solde", "currency": "devise"}', rule => NULL)
	WHERE field = 'advice' AND why ~ 'unique' $$,
	$$ VALUES ('num', 'no index can keep this key unique, since the partitions are divided by echeance; items whose key several rows have are neither reminded nor claimed for: SELECT * FROM dunning.ledger_problems(''piece_p'') finds them') $$,
	'an adoption advises no index that cannot be');
-- a view over an adopted table has its rows once more
CREATE VIEW piece_v AS SELECT * FROM piece_p WHERE solde > 0;
SELECT results_eq($$ SELECT source, why FROM dunning.adopt('piece_v', columns => '{"key": "num", "customer": "client", "due_on": "echeance", "open_amount": "solde", "currency": "devise"}', rule => NULL)
	WHERE field = 'advice' AND why ~ 'twice' $$,
	$$ VALUES ('piece_p', 'public.piece_p reads the same rows: an item of both ledgers is reminded, claimed and reported twice; leave these rows out of one, or release the other: SELECT dunning.release_ledger(''piece_p'')') $$,
	'an adoption says that another ledger has the rows');
SELECT dunning.release_ledger('piece_v'), dunning.release_ledger('piece_p') \g /dev/null

-- Drafts
CREATE TABLE vente (id integer PRIMARY KEY, client integer, date_vente date, date_echeance date, conditions text, montant numeric, solde numeric, "État" text, supprimee boolean);
INSERT INTO vente VALUES (1, 1, '2026-09-01', '2026-10-01', 'net 10', 10, 10, 'validée', false), (2, 1, '2026-09-01', '2026-10-01', NULL, 20, 20, 'brouillon', true), (3, 1, '2026-09-01', NULL, '50% net 10; balance net 30', 30, 30, 'validée', NULL);
SELECT set_eq($$ SELECT source FROM dunning.adopt('vente') WHERE field = 'advice' AND why LIKE 'if it tells drafts%' $$, $$ VALUES ('"État"'), ('supprimee') $$, 'columns that look like a state are told');
SELECT dunning.adopt('vente', columns => '{"excluded": "supprimee"}', replace => true) \g /dev/null
SELECT results_eq('SELECT item::text FROM dunning.open_item GROUP BY item ORDER BY 1', $$ VALUES ('1'), ('3') $$, 'what is excluded is no item');
-- Terms beside a due date
SELECT dunning.adopt('vente', columns => '{"terms": "conditions", "issued_on": "date_vente"}', replace => true) \g /dev/null
SELECT results_eq('SELECT item::text, part, due_on, open_amount FROM dunning.open_item ORDER BY 1, 2',
	$$ VALUES ('1', 1, date '2026-10-01', 10::numeric), ('3', 1, '2026-09-11', 15.00), ('3', 2, '2026-10-01', 15.00) $$, 'terms fill a due date that is missing, and no other');
SELECT dunning.release_ledger('vente') \g /dev/null

-- A day is that of the ledger, whoever reads it
CREATE TABLE moment (id integer PRIMARY KEY, client integer, due_date timestamptz, solde numeric);
INSERT INTO moment VALUES (1, 1, '2026-10-01 00:00+02', 5);
SET LOCAL timezone = 'UTC';
SELECT dunning.adopt('moment', time_zone => 'Europe/Paris') \g /dev/null
SELECT is((SELECT due_on FROM dunning.open_item), date '2026-10-01', 'the day of the time zone that was given');
SET LOCAL timezone = 'America/New_York';
SELECT is((SELECT due_on FROM dunning.open_item), date '2026-10-01', 'also for somebody far away');
SELECT dunning.adopt('moment', replace => true) \g /dev/null
SELECT is((SELECT due_on FROM dunning.open_item), date '2026-10-01', 'and when it is adopted anew');
SELECT is(pg_temp.try('SELECT dunning.adopt(''moment'', time_zone => ''Nowhere'', replace => true)'),
	'22023: time zone "Nowhere" is not known | SELECT name FROM pg_timezone_names lists them, such as Europe/Paris.', 'a time zone that is none');
SELECT dunning.release_ledger('moment') \g /dev/null

-- The day is that of dunning.time_zone, whatever the session has
RESET dunning.today;
SELECT is(_dunning.real_day(), (now() AT TIME ZONE current_setting('log_timezone'))::date, 'without the setting, the day of the server''s log');
SET LOCAL timezone = 'Pacific/Kiritimati';
SELECT is(dunning.today(), (now() AT TIME ZONE current_setting('log_timezone'))::date, 'the time zone of the session does not move it');
SET LOCAL dunning.time_zone = 'Pacific/Kiritimati';
SELECT is(dunning.today(), (now() AT TIME ZONE 'Pacific/Kiritimati')::date, 'the setting does');
SET LOCAL dunning.time_zone = 'Pacific/Pago_Pago';
SELECT is(_dunning.real_day(), (now() AT TIME ZONE 'Pacific/Pago_Pago')::date, 'to the other side of the world');
SELECT is(pg_temp.try('SET dunning.time_zone = ''Nowhere'''), '22023: invalid value for parameter "dunning.time_zone": "Nowhere" | SELECT name FROM pg_timezone_names lists the time zones, such as Europe/Paris.', 'a time zone that is none');
CREATE ROLE dunning_visitor;
SET LOCAL ROLE dunning_visitor;
SELECT is(pg_temp.try('SET dunning.time_zone = ''UTC'''), '42501: permission denied to set parameter "dunning.time_zone"', 'and nobody but a superuser sets it');
RESET ROLE;
RESET dunning.time_zone;
SET LOCAL dunning.today = '2026-11-01';

-- Payments found by their foreign key; keys of two types
CREATE TABLE doc (id integer PRIMARY KEY, client integer, due_date date, amount numeric);
CREATE TABLE versement (id serial, quoi integer REFERENCES doc, montant numeric);
INSERT INTO doc VALUES (1, 1, '2026-10-01', 10);
INSERT INTO versement (quoi, montant) VALUES (1, 4);
SELECT results_eq($$ SELECT source, why FROM dunning.adopt('doc', columns => '{"payments": "versement"}') WHERE field = 'payments.item' $$,
	$$ VALUES ('public.versement.quoi', 'by its foreign key to the items') $$, 'the foreign key names the item');
SELECT is((SELECT open_amount FROM dunning.open_item), 6::numeric, 'and is read');
-- the same table named in another way keeps its columns; the name alone begins anew
ALTER TABLE versement RENAME COLUMN montant TO encaisse;
SELECT dunning.adopt('doc', columns => '{"payments": {"table": "versement", "amount": "encaisse"}}', replace => true) \g /dev/null
SELECT dunning.adopt('doc', columns => '{"payments": {"table": "versement", "date": null}}', replace => true) \g /dev/null
SELECT is((SELECT open_amount FROM dunning.open_item), 6::numeric, 'a table that is named without its schema is the same table');
SELECT dunning.release_ledger('doc') \g /dev/null
CREATE TABLE texte (facture text, montant numeric);
INSERT INTO texte VALUES ('1', 3);
SELECT dunning.adopt('doc', columns => '{"payments": "texte"}') \g /dev/null
SELECT is((SELECT open_amount FROM dunning.open_item), 7::numeric, 'an integer and its text are one key');
SELECT dunning.release_ledger('doc') \g /dev/null

-- An index that leads to blocks and not to rows finds no payment
CREATE TABLE bloc (id integer PRIMARY KEY, client integer, due_date date, amount numeric);
CREATE TABLE bloc_pay (bloc_id integer, amount numeric);
CREATE INDEX ON bloc_pay USING brin (bloc_id);
CREATE INDEX ON bloc USING brin (client);
SELECT set_eq($$ SELECT source FROM dunning.adopt('bloc', columns => '{"payments": {"table": "bloc_pay", "item": "bloc_id"}}') WHERE field = 'advice' $$,
	$$ VALUES ('CREATE INDEX ON public.bloc_pay (bloc_id)'), ('CREATE INDEX ON public.bloc (client)') $$, 'BRIN is no index for look-ups');
SELECT is((SELECT columns #>> '{payments,indexed}' FROM dunning.ledger WHERE ledger = 'bloc'), 'false', 'so all payments are added up');
CREATE INDEX ON bloc_pay USING hash (bloc_id);
CREATE INDEX ON bloc (client);
SELECT is_empty($$ SELECT * FROM dunning.adopt('bloc', replace => true) WHERE field = 'advice' $$, 'a hash index is one');
SELECT is((SELECT columns #>> '{payments,indexed}' FROM dunning.ledger WHERE ledger = 'bloc'), 'true', 'and finds the payments of an item');

-- The name of a column that is read is taken by another column
INSERT INTO bloc VALUES (1, 1, '2026-10-01', 100);
INSERT INTO bloc_pay VALUES (1, 10);
ALTER TABLE bloc RENAME amount TO former_amount;
ALTER TABLE bloc ADD amount numeric DEFAULT 7;
ALTER TABLE bloc_pay RENAME amount TO former_amount;
ALTER TABLE bloc_pay ADD amount numeric DEFAULT 1;
SELECT results_eq($$ SELECT ok, problem, hint ~ '"amount": "amount"' FROM dunning.check_ledgers() $$,
	$$ VALUES (true, 'column "amount" of public.bloc is no longer the one that was adopted; column "amount" of public.bloc_pay is no longer the one that was adopted', true) $$,
	'is told by the check');
CREATE TABLE second (id integer PRIMARY KEY, client integer, due_date date, open_amount numeric);
SELECT dunning.adopt('second') \g /dev/null
SELECT is((SELECT open_amount FROM dunning.open_item), 90::numeric, 'the ledger reads what it read, also after another was adopted');
SELECT dunning.release_ledger('second') \g /dev/null
SELECT results_eq($$ SELECT why FROM dunning.adopt('bloc', columns => '{"payments": {"table": "bloc_pay", "amount": "amount"}}', replace => true) WHERE field = 'changed' $$,
	$$ VALUES ('column "amount" of public.bloc is no longer the one that was adopted: it is read from now on') $$, 'a new adoption says which kept name is another column now');
SELECT is((SELECT open_amount FROM dunning.open_item), 6::numeric, 'and reads it');
SELECT is((SELECT problem FROM dunning.check_ledgers()), NULL, 'after which nothing is changed');
SELECT dunning.release_ledger('bloc') \g /dev/null

SELECT * FROM finish();
ROLLBACK;
