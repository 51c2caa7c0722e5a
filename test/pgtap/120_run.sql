-- Adopting ledgers, the work list, and the run, on one small set of books.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET dunning.today = '2026-03-20';
SELECT no_plan();

\ir try.psql

--
-- Adoption: what is proposed
--
CREATE TABLE public.invoices (
	id bigint PRIMARY KEY, customer_id integer NOT NULL, invoice_number varchar(20), issue_date date, due_date date,
	total_amount numeric(12, 2), amount_residual numeric(12, 2), currency char(3), email text, in_dispute boolean);
INSERT INTO public.invoices VALUES (1, 7, 'INV-1', '2026-01-30', '2026-03-01', 120, 100, 'EUR', 'a@example.org', false);
CREATE TEMP TABLE adopted AS SELECT * FROM dunning.adopt('public.invoices');
SELECT set_eq('SELECT field, source, why FROM adopted',
	$$ VALUES ('ledger', 'invoices', 'the name of the relation'),
		('key', 'id', 'primary key'),
		('customer', 'customer_id', 'by its name'),
		('due_on', 'due_date', 'by its name'),
		('open_amount', 'amount_residual', 'by its name'),
		('amount', 'total_amount', 'by its name'),
		('paid_amount', NULL, 'not needed'),
		('issued_on', 'issue_date', 'by its name'),
		('currency', 'currency', 'by its name'),
		('reference', 'invoice_number', 'by its name'),
		('email', 'email', 'by its name'),
		('disputed', 'in_dispute', 'by its name'),
		('company', NULL, 'no column of a known name'),
		('contracted_on', NULL, 'no column of a known name'),
		('rule_by', NULL, 'no column of a known name'), ('net_amount', NULL, 'no column of a known name'), ('kind', NULL, 'no column of a known name'), ('class', NULL, 'no column of a known name'), ('salesperson', NULL, 'no column of a known name'), ('vat_rate', NULL, 'no column of a known name'), ('delivered_on', NULL, 'no column of a known name'), ('matures_on', NULL, 'no column of a known name'), ('vat_on_receipt', NULL, 'no column of a known name'),
		('customer_name', NULL, 'no column of a known name'), ('payer', NULL, 'no column of a known name'),
		('phone', NULL, 'no column of a known name'),
		('language', NULL, 'no column of a known name'),
		('terms', NULL, 'no column of a known name'),
		('procedure', NULL, 'no column of a known name'),
		('professional', NULL, 'no column of a known name'),
		('held', NULL, 'no column of a known name'),
		('company_currency', NULL, 'no column of a known name'),
		('company_amount', NULL, 'no column of a known name'),
		('company_open_amount', NULL, 'no column of a known name'),
		('dunnable', NULL, 'no column of a known name'),
		('document', NULL, 'no column of a known name'),
		('excluded', NULL, 'no column of a known name'),
		('default procedure', 'standard', (SELECT procedure::text FROM dunning.procedure WHERE name = 'standard')),
		('rule', 'france', (SELECT description FROM dunning.rule WHERE name = 'france')),
		('scheme', 'standard', '30,60,90'),
		('open items', '1', 'items that are not settled on 2026-03-20'),
		('history', NULL, 'past days show today''s open amounts: a column holds no past, a table of payments would'),
		('advice', 'CREATE INDEX ON public.invoices (customer_id)', 'otherwise the items of one customer need a scan') $$,
	'English names: what was decided, and why');

-- the work list, column by column
SELECT is((SELECT to_jsonb(w) FROM dunning.worklist w), '{
	"ledger": "invoices", "item": "1", "part": 1, "reference": "INV-1", "customer": "7", "customer_name": null, "email": "a@example.org",
	"phone": null, "language": null, "company": null, "currency": "EUR", "issued_on": "2026-01-30", "due_on": "2026-03-01",
	"amount": 120.00, "open_amount": 100.00, "held_amount": 0, "status": "overdue", "days_past_due": 19, "bucket": 1, "bucket_label": "1-30",
	"late_interest": 0.63, "compensation": 40.00, "compensation_currency": "EUR", "late_fee": 0.00,
	"level": 1, "step": "5", "occurrence": 1, "channel": "email", "label": "Reminder", "manual": false, "step_on": "2026-03-06", "state": "due",
	"until_on": null, "changes_on": null, "also_due": null, "reason": "due_date", "reason_name": null, "reason_on": "2026-03-01",
	"last_step": null, "last_channel": null, "last_on": null, "disputed": false, "held": false, "kind": "invoice", "class": null, "owner": null,
	"procedure": "5 email \"Reminder\"; 10 phone \"Telephone call\"; 15 letter \"Formal letter\"; 20 meeting \"Meeting or payment plan\"; wait 3",
	"problem": null, "payer": "7", "payer_name": null, "as_of_known": false, "dunnable": true, "document": null, "penalty_problem": null, "rule": "france", "procedure_name": "standard"}'::jsonb, 'the work list says all of an item');

CREATE SCHEMA "Compta";
CREATE TABLE "Compta"."Facture Été" (
	"Numéro" text PRIMARY KEY, "Code client" varchar(10) NOT NULL, "Date d'émission" timestamp, "DATE D'ÉCHÉANCE" timestamptz,
	"Montant TTC" numeric, "Reste à payer" numeric, "Devise" text, "Raison sociale" text, "Téléphone" text, "Litige" boolean);
SET timezone = 'Europe/Paris';
INSERT INTO "Compta"."Facture Été" VALUES ('FA-1', 'C''1', '2026-01-30 23:59', '2026-03-01 00:30', 10, 10, 'EUR', 'Établissements "Été"', '+33', NULL);
TRUNCATE adopted;
INSERT INTO adopted SELECT * FROM dunning.adopt('"Compta"."Facture Été"', time_zone => 'Europe/Paris');
SET timezone = 'America/New_York';
SELECT results_eq($$ SELECT source FROM adopted
		WHERE field IN ('ledger', 'key', 'customer', 'due_on', 'open_amount', 'amount', 'issued_on', 'currency', 'customer_name', 'phone', 'disputed')
		ORDER BY source COLLATE "C" $$,
	$$ VALUES ('"Facture Été"'), ('Code client'), ('DATE D''ÉCHÉANCE'), ('Date d''émission'), ('Devise'), ('Litige'), ('Montant TTC'),
		('Numéro'), ('Raison sociale'), ('Reste à payer'), ('Téléphone') $$,
	'French names with accents, blanks and capitals');
SELECT results_eq($$ SELECT ledger, item::text, customer::text, issued_on, due_on, open_amount, customer_name
		FROM dunning.open_item WHERE ledger <> 'invoices' $$,
	$$ VALUES ('Facture Été'::name, 'FA-1', 'C''1', date '2026-01-30', date '2026-03-01', 10::numeric, 'Établissements "Été"') $$,
	'and its items, a timestamptz being the day of the ledger''s time zone, wherever it is read');
RESET timezone;
SELECT is((SELECT array_agg(ledger || ' ' || item ORDER BY ledger::text COLLATE "C") FROM dunning.open_item), ARRAY['Facture Été FA-1', 'invoices 1'],
	'two ledgers are one relation');

-- views, materialized views, partitions, foreign tables
CREATE VIEW public.v AS SELECT id AS id, customer_id AS client, due_date AS echeance, amount_residual AS solde FROM public.invoices;
CREATE MATERIALIZED VIEW public.m AS SELECT * FROM public.v;
CREATE TABLE public.p (id integer, client text, echeance date, solde numeric, PRIMARY KEY (id, echeance)) PARTITION BY RANGE (echeance);
CREATE TABLE public.p1 PARTITION OF public.p DEFAULT;
INSERT INTO public.p VALUES (1, 'x', '2026-03-01', 5);
SELECT is(pg_temp.try('SELECT dunning.adopt(''public.v'')'), 'ok', 'a view is adopted');
SELECT is(pg_temp.try('SELECT dunning.adopt(''public.m'')'), 'ok', 'a materialized view is adopted');
SELECT is(pg_temp.try('SELECT dunning.adopt(''public.p'')'), 'ok', 'a partitioned table is adopted');
SELECT is((SELECT count(*) FROM dunning.worklist WHERE ledger IN ('v', 'm', 'p') AND state = 'due'), 3::bigint, 'and all have their item');
SELECT dunning.release_ledger(ledger) FROM (VALUES ('v'::name), ('m'), ('p'), ('Facture Été'), ('invoices')) AS l (ledger) \g /dev/null
SELECT is((SELECT count(*) FROM dunning.open_item), 0::bigint, 'released, all are gone');

SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgres_fdw') AS fdw \gset
\if :fdw
	CREATE EXTENSION postgres_fdw;
	SELECT format('CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
		split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database()) \gexec
	SELECT format('CREATE USER MAPPING FOR CURRENT_USER SERVER loop OPTIONS (user %L)', current_user) \gexec
	CREATE FOREIGN TABLE public.away (id bigint, customer_id integer, due_date date, amount_residual numeric) SERVER loop OPTIONS (schema_name 'public', table_name 'invoices');
	SELECT is(pg_temp.try('SELECT dunning.adopt(''public.away'')'), 'ok', 'a foreign table is adopted');
	SELECT results_eq('SELECT item::text, open_amount, state::text FROM dunning.worklist', $$ VALUES ('1', 100.00, 'due') $$, 'and read');
	SELECT is(dunning.run_reminders(dunning.today()), 1, 'and its items are reminded');
	SELECT dunning.release_ledger('away') \g /dev/null
	SET session_replication_role = replica; DELETE FROM dunning.reminder; RESET session_replication_role;
	DROP EXTENSION postgres_fdw CASCADE;
\else
	SELECT skip('postgres_fdw is not there', 3);
\endif

--
-- Adoption: what is refused
--
CREATE TABLE public.facture (
	id integer PRIMARY KEY, client_id integer, date_facture date, date_echeance date, montant_ttc numeric, solde numeric,
	litige boolean, procedure_relance text);
CREATE INDEX ON public.facture (client_id);
CREATE TABLE public.no_due (id integer PRIMARY KEY, client_id integer, solde numeric);
CREATE TABLE public.no_open (id integer PRIMARY KEY, client_id integer, due_date date, montant_ttc numeric);
CREATE VIEW public.twice AS SELECT 1 AS id, 2 AS client, date '2026-01-01' AS due_date, 3 AS solde FROM generate_series(1, 2);
CREATE VIEW public.null_key AS SELECT nullif(k, 1) AS id, 2 AS client, date '2026-01-01' AS due_date, 3 AS solde FROM generate_series(1, 2) AS k;
CREATE TABLE public.reglement (facture_id integer, date_reglement date, montant numeric);
CREATE TABLE public.other_type (facture date, montant numeric);
CREATE SEQUENCE public.seq;
-- the query over the ledgers, whichever view holds it
CREATE FUNCTION pg_temp.ledger_view() RETURNS text LANGUAGE sql AS $$
	SELECT concat(pg_get_functiondef('dunning.open_items()'::regprocedure),
		(SELECT string_agg(pg_get_functiondef(p.oid), ' ' ORDER BY p.oid) FROM pg_proc AS p WHERE p.proname ~ '^ledger_items_[0-9]+$')) $$;
SELECT pg_temp.ledger_view() AS before \gset
SELECT is(pg_temp.try(format('SELECT dunning.adopt(%s)', arguments)), answer, 'refused: ' || arguments)
FROM (VALUES
	('NULL', '22004: the relation to adopt must not be NULL'),
	('''public.facture_pkey''', '42809: public.facture_pkey is not a table, view, materialized view, partitioned table or foreign table'),
	('''public.seq''', '42809: public.seq is not a table, view, materialized view, partitioned table or foreign table'),
	('''dunning.worklist''', '22023: dunning.worklist belongs to pg_dunning and cannot be adopted'),
	('''public.nowhere''', '42P01: relation "public.nowhere" does not exist'),
	('''public.facture'', procedure => ''x''', '42704: dunning procedure "x" does not exist | Insert it into dunning.procedure first.'),
	('''public.facture'', rule => ''x''', '42704: penalty rule "x" does not exist | Insert it into dunning.rule first, or give NULL for none.'),
	('''public.facture'', scheme => ''x''', '42704: aging scheme "x" does not exist | Insert it into dunning.scheme first.'),
	('''public.facture'', columns => ''[]''', '22023: the mapping must be a JSON object of field and column'),
	('''public.facture'', columns => ''{"montant": "solde"}''', '22023: unknown field "montant" in the mapping | The fields are: payments, customers, attributes, amount, class, company, company_amount, company_currency, company_open_amount, contracted_on, currency, customer, customer_name, delivered_on, disputed, document, due_on, dunnable, email, excluded, held, issued_on, key, kind, language, matures_on, net_amount, open_amount, paid_amount, payer, phone, procedure, professional, reference, rule_by, salesperson, terms, vat_on_receipt, vat_rate.'),
	('''public.facture'', columns => ''{"amount": ["a", "b"]}''', '22023: the field "amount" must be mapped to one column name | Only names are mapped, never expressions: make a view for more, and adopt the view.'),
	('''public.facture'', columns => ''{"amount": 3}''', '22023: the field "amount" must be mapped to one column name | Only names are mapped, never expressions: make a view for more, and adopt the view.'),
	('''public.facture'', columns => ''{"amount": "solde + 1"}''', '42703: column "solde + 1" of public.facture does not exist | Its columns are: id, client_id, date_facture, date_echeance, montant_ttc, solde, litige, procedure_relance.'),
	('''public.facture'', columns => ''{"due_on": "procedure_relance"}''', '42804: column "procedure_relance" of public.facture is of type text | Make a view that converts the column, and adopt the view.'),
	('''public.facture'', columns => ''{"disputed": "id"}''', '42804: column "id" of public.facture is of type integer | Make a view that converts the column, and adopt the view.'),
	('''public.facture'', columns => ''{"key": null}''', '42703: no column of public.facture is known as the field "key" | Name it in the mapping: columns => ''{"key": "..."}''.'),
	('''public.facture'', columns => ''{"currency": "eur"}''', '42703: column "eur" of public.facture does not exist | Its columns are: id, client_id, date_facture, date_echeance, montant_ttc, solde, litige, procedure_relance.'),
	('''public.facture'', columns => ''{"key": "client_id"}''', 'ok'),
	('''public.no_due''', '42703: no column of public.no_due is known as the field "due_on" | Name it in the mapping: columns => ''{"due_on": "..."}''.'),
	('''public.no_open''', '42703: no column of public.no_open is known as the field "open_amount" | Name it in the mapping: columns => ''{"open_amount": "..."}''. What is owed can also be "amount" and "paid_amount", or "amount" and the table of the "payments".'),
	('''public.no_open'', columns => ''{"payments": "reglement", "amount": null}''', '42703: no column of public.no_open is known as the field "amount" | Name it in the mapping: columns => ''{"amount": "..."}''.'),
	('''public.facture'', columns => ''{"payments": "reglement", "open_amount": "solde"}''', '22023: the mapping says more than one way to know the open amount | Name one of open_amount, paid_amount and payments.'),
	('''public.facture'', columns => ''{"paid_amount": "solde", "open_amount": "solde"}''', '22023: the mapping says more than one way to know the open amount | Name one of open_amount, paid_amount and payments.'),
	('''public.facture'', columns => ''{"payments": "nowhere"}''', '42P01: table "nowhere" of the mapping does not exist | A name without a schema is looked up in "public", where the items are.'),
	('''public.facture'', columns => ''{"payments": 3}''', '22023: the mapping of "payments" must be a table''s name or an object with a "table" | For example {"payments": {"table": "my_table", "amount": "my_column"}}.'),
	('''public.facture'', columns => ''{"payments": {"amount": "montant"}}''', '22023: the mapping of "payments" must be a table''s name or an object with a "table" | For example {"payments": {"table": "my_table", "amount": "my_column"}}.'),
	('''public.facture'', columns => ''{"payments": {"table": "reglement", "day": "x"}}''', '22023: unknown field "day" in the mapping of "payments" | The fields are: table, amount, cashed, company_amount, date, item, part, reject_code, rejected, vat_rate.'),
	('''public.facture'', columns => ''{"payments": {"table": "reglement", "date": "montant"}}''', '42804: column "montant" of public.reglement is of type numeric | Make a view that converts the column, and adopt the view.'),
	('''public.facture'', columns => ''{"payments": "no_due"}''', '42703: no columns of public.no_due are known as the fields "payments.item", "payments.amount" | Name them in the mapping: columns => ''{"payments": {"item": "...", "table": "public.no_due", "amount": "..."}}''.'),
	('''public.facture'', columns => ''{"customers": "reglement"}''', '42703: no column of public.reglement is known as the field "customers.key" | Name it in the mapping: columns => ''{"customers": {"key": "...", "table": "public.reglement"}}''.'),
	('''public.twice''', '23505: column "id" of public.twice does not identify an item | Name a column that is unique and never NULL as the field "key".'),
	('''public.null_key''', '23505: column "id" of public.null_key does not identify an item | Name a column that is unique and never NULL as the field "key".')
	) AS v (arguments, answer)
WHERE answer <> 'ok';
SELECT is((SELECT count(*) FROM dunning.ledger), 0::bigint, 'nothing is registered after an error');
SELECT is((SELECT string_agg(c.relname, ', ') FROM pg_class AS c WHERE c.relnamespace = '_dunning'::regnamespace AND c.relname ~ '^(item|payment|customer)_[0-9]+$'), NULL, 'and no view is left');
CREATE TABLE public.nothing (a integer, b text);
SELECT is(pg_temp.try('SELECT dunning.adopt(''public.nothing'')'),
	'42703: no columns of public.nothing are known as the fields "key", "customer", "due_on", "open_amount" | Name them in the mapping: columns => ''{"key": "...", "due_on": "...", "customer": "...", "open_amount": "..."}''. '
	'What is owed can also be "amount" and "paid_amount", or "amount" and the table of the "payments".', 'all that is missing is said at once');
SELECT is(pg_temp.ledger_view(), :'before', 'and the view is as it was');
SELECT is(pg_temp.try('SELECT dunning.release_ledger(''facture'')'), '42704: ledger "facture" does not exist | None is adopted.', 'no ledger to release');

--
-- The open amount: three ways
--
CREATE TABLE public.way (id integer PRIMARY KEY, client_id integer, date_echeance date, montant_ttc numeric, solde numeric, montant_paye numeric);
INSERT INTO public.way VALUES (1, 1, '2026-03-01', 100, 60, 40), (2, 1, '2026-03-01', 100, 100, NULL), (3, 2, '2026-03-01', 100, 0, 100),
	(4, 2, '2026-03-01', 100, -20, 120), (5, 3, '2026-03-01', 100, 110, -10), (6, 3, '2026-03-01', NULL, NULL, NULL);
INSERT INTO public.reglement VALUES (1, '2026-03-10', 30), (1, NULL, 10), (3, '2026-03-20', 100), (4, '2026-02-01', 120), (5, '2026-03-01', -10),
	(2, '2026-03-21', 100), (NULL, '2026-03-01', 7);
CREATE FUNCTION pg_temp.open(columns jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM dunning.adopt('public.way', columns => open.columns, replace => true);
	RETURN (SELECT string_agg(item || ':' || coalesce(open_amount::text, '?'), ' ' ORDER BY item::text) FROM dunning.open_item WHERE ledger = 'way');
END $$;
\set open '1:60 2:100 4:-20 5:110 6:?'
SELECT is(pg_temp.open('{}'), :'open', 'the column of the open amount comes first');
SELECT is(pg_temp.open('{"open_amount": null}'), :'open', 'or the amount less the paid one');
SELECT is(pg_temp.open('{"paid_amount": "montant_paye"}'), :'open', 'also where it is named');
SELECT is(pg_temp.open('{"payments": "reglement"}'), :'open', 'or less the payments, without an index');
SELECT ok(pg_temp.ledger_view() !~ 'LATERAL \( SELECT sum', 'which are then added up at once');
CREATE INDEX ON public.reglement (facture_id);
SELECT is(pg_temp.open('{"payments": "public.reglement"}'), :'open', 'or less the payments, with an index');
SELECT ok(pg_temp.ledger_view() ~ 'LATERAL \( SELECT sum', 'by which they are then looked up');
SET dunning.today = '2026-03-09';
SELECT is(pg_temp.open('{"payments": "reglement"}'), '1:90 2:100 3:100 4:-20 5:110 6:?', 'a later payment does not count yet, one without a day always does');
SET dunning.today = '2026-03-21';
SELECT is(pg_temp.open('{"payments": "reglement"}'), '1:60 4:-20 5:110 6:?', 'and it does on its day');
SET dunning.today = '2026-03-20';
SELECT dunning.release_ledger('way') \g /dev/null

-- Random books: the same with and without an index, and by plain SQL
SELECT setseed(0.5) \g /dev/null
CREATE TABLE public.book_a AS SELECT id, id % 50 AS client_id, date '2026-03-20' - id % 90 AS date_echeance, round((random() * 100)::numeric, 2) AS montant_ttc
	FROM generate_series(1, 2000) AS id;
CREATE TABLE public.book_b AS TABLE public.book_a;
CREATE TABLE public.pay_a AS SELECT 1 + floor(random() * 2200)::int AS facture_id, date '2026-02-20' + floor(random() * 60)::int AS date_reglement,
	round((random() * 40 - 2)::numeric, 2) AS montant FROM generate_series(1, 4000);
CREATE TABLE public.pay_b AS TABLE public.pay_a;
CREATE INDEX ON public.pay_b (facture_id);
SELECT dunning.adopt('public.book_a', columns => '{"payments": "pay_a"}') \g /dev/null
SELECT dunning.adopt('public.book_b', columns => '{"payments": "pay_b"}') \g /dev/null
SELECT set_eq($$ SELECT item::text, open_amount FROM dunning.open_item WHERE ledger = 'book_a' $$,
	$$ SELECT id::text, montant_ttc - coalesce(sum(montant), 0) FROM public.book_a LEFT JOIN public.pay_a ON facture_id = id AND date_reglement <= '2026-03-20'
		GROUP BY id, montant_ttc HAVING montant_ttc - coalesce(sum(montant), 0) <> 0 $$, 'random books: open amounts as by plain SQL');
SELECT set_eq($$ SELECT item::text, open_amount FROM dunning.open_item WHERE ledger = 'book_a' $$,
	$$ SELECT item::text, open_amount FROM dunning.open_item WHERE ledger = 'book_b' $$, 'the same with an index on the payments');

-- run and run_reminders do the same
CALL dunning.run(dunning.today(), ledger => 'book_a');
SELECT is(dunning.run_reminders(dunning.today(), ledger => 'book_b'), (SELECT count(*)::int FROM dunning.reminder WHERE ledger = 'book_a'), 'run_reminders raises as many as run');
SELECT cmp_ok((SELECT count(*) FROM dunning.reminder WHERE ledger = 'book_a'), '>', 1000::bigint, 'more than a batch of them');
SELECT set_eq($$ SELECT item::text, level, raised_on, state, channel, label, customer::text, due_on, days_past_due, open_amount, late_interest, compensation FROM dunning.reminder WHERE ledger = 'book_a' $$,
	$$ SELECT item::text, level, raised_on, state, channel, label, customer::text, due_on, days_past_due, open_amount, late_interest, compensation FROM dunning.reminder WHERE ledger = 'book_b' $$,
	'and the same');
SELECT results_eq('SELECT ledger, as_of, raised, cancelled, problems, finished_at >= started_at, duration >= interval ''0'', run_by = session_user FROM dunning.run_log ORDER BY run DESC LIMIT 2',
	$$ SELECT l, date '2026-03-20', (SELECT count(*)::int FROM dunning.reminder WHERE ledger = l), 0, 0, true, true, true FROM (VALUES ('book_b'::name), ('book_a')) AS v (l) $$,
	'the run log says so');
CALL dunning.run(dunning.today());
SELECT is((SELECT raised FROM dunning.run_log ORDER BY run DESC LIMIT 1), 0, 'a second run adds nothing');
SELECT is(dunning.run_reminders(dunning.today()), 0, 'nor does run_reminders');
SELECT is((SELECT count(*) FROM dunning.reminder r JOIN dunning.run_log g USING (run) WHERE g.ledger IS DISTINCT FROM r.ledger), 0::bigint, 'every reminder names its run');
SELECT is(dunning.release_ledger('book_a'), (SELECT count(*)::int FROM dunning.reminder WHERE ledger = 'book_a'), 'release cancels what is pending');
SELECT ok((SELECT bool_and(state = 'cancelled' AND reason = 'ledger released') FROM dunning.reminder WHERE ledger = 'book_a'), 'and keeps the history');
SELECT dunning.adopt('public.book_b', columns => '{"payments": "pay_b"}', replace => true) \g /dev/null
SELECT is(dunning.run_reminders(dunning.today()), 0, 'a ledger adopted anew keeps its reminders, so none is raised twice');
SELECT is(pg_temp.try('SELECT dunning.adopt(''public.pay_a'', ''book_b'', ''{"key": "facture_id"}'')'),
	'42710: ledger "book_b" exists already | Give another name, or replace => true to adopt it anew and keep its history.', 'the name of a ledger is taken once');
SELECT is(pg_temp.try('SELECT dunning.adopt(''public.book_b'', ''other'', ''{"payments": "pay_b"}'')'),
	'42710: public.book_b is adopted already, as the ledger "book_b" | Release it first: SELECT dunning.release_ledger(''book_b'').', 'and so is the relation');
SELECT is(pg_temp.try('SELECT dunning.adopt(''public.book_b'', ''other'', ''{"payments": "pay_b"}'', replace => true)'),
	'42710: public.book_b is adopted already, as the ledger "book_b" | Release it first: SELECT dunning.release_ledger(''book_b'').', 'also with replace');
SELECT is(pg_temp.try('DROP TABLE public.book_b'), '2BP01: cannot drop table book_b because other objects depend on it | Use DROP ... CASCADE to drop the dependent objects too.', 'an adopted table cannot be dropped');
SELECT isnt(pg_temp.try($$ DO $do$ BEGIN
		DROP TABLE public.book_b CASCADE;
		IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_dunning') THEN RAISE 'the extension is still there'; END IF;
		RAISE 'the extension is gone';
	END $do$ $$), 'P0001: the extension is gone', 'and DROP CASCADE does not take the extension with it');
SELECT dunning.release_ledger('book_b') \g /dev/null
SET session_replication_role = replica; TRUNCATE dunning.reminder; RESET session_replication_role;

-- currency, customers
CREATE TABLE public.client (code text PRIMARY KEY, nom text, courriel text, langue text);
CREATE TABLE public.billed (id uuid PRIMARY KEY, code_client text REFERENCES public.client, date_echeance date, solde numeric, email text);
INSERT INTO public.client VALUES ('A', 'Alpha', 'alpha@example.org', 'fr');
INSERT INTO public.billed VALUES ('00000000-0000-0000-0000-00000000000a', 'A', '2026-03-01', 1000, 'x@example.org'), ('00000000-0000-0000-0000-00000000000b', NULL, '2026-03-01', 5, NULL);
TRUNCATE adopted;
INSERT INTO adopted SELECT * FROM dunning.adopt('public.billed', columns => '{"currency": "CHF"}', rule => NULL);
SELECT set_eq($$ SELECT field, source, why FROM adopted WHERE field LIKE 'customers%' OR field IN ('currency', 'email', 'customer_name') $$,
	$$ VALUES ('currency', 'CHF', 'one currency for all, as you said'), ('customers.key', 'public.client.code', 'by the foreign key of the customer'),
		('customers.name', 'public.client.nom', 'by its name'), ('customers.email', 'public.client.courriel', 'by its name'),
		('customers.language', 'public.client.langue', 'by its name'),
		('email', 'email', 'by its name'), ('customer_name', NULL, 'from the table of the customers') $$,
	'the customers come by the foreign key');
SELECT results_eq('SELECT item::text, customer::text, customer_name, email, language, currency, late_interest, compensation, compensation_currency, state::text FROM dunning.worklist ORDER BY item',
	$$ VALUES ('00000000-0000-0000-0000-00000000000a', 'A', 'Alpha', 'alpha@example.org', 'fr', 'CHF', 0::numeric, 0::numeric, NULL::text, 'due'),
		('00000000-0000-0000-0000-00000000000b', NULL, NULL, NULL, NULL, 'CHF', 0, 0, NULL, 'due') $$,
	'with their names, one currency, and without a rule no penalty; an item without a customer stays');
SELECT dunning.adopt('public.billed', columns => '{"customers": null}', rule => NULL, replace => true) \g /dev/null
SELECT is((SELECT email FROM dunning.open_item WHERE item = '00000000-0000-0000-0000-00000000000a'), 'x@example.org', 'customers null leaves the table of the customers out');
SELECT dunning.release_ledger('billed') \g /dev/null
INSERT INTO dunning.ledger_word (scope, field, word) VALUES ('items', 'reference', 'email');
SELECT is((SELECT source FROM dunning.adopt('public.billed') WHERE field = 'reference'), 'email', 'a word of one''s own is known');
SELECT dunning.release_ledger('billed') \g /dev/null

--
-- The run: what it raises, and what it sets aside
--
SET client_min_messages = error;
INSERT INTO public.facture (id, client_id, date_facture, date_echeance, montant_ttc, solde, litige, procedure_relance) VALUES
	(1, 1, '2026-01-30', '2026-03-01', 100, 100, false, NULL),
	(2, 1, '2026-01-30', '2026-03-01', 100, 0, NULL, NULL),
	(3, 1, '2026-01-30', '2026-01-01', -50, -50, NULL, NULL),
	(4, 1, '2026-01-30', '2026-03-01', 100, 100, true, NULL),
	(5, 2, '2026-01-30', NULL, 100, 100, NULL, NULL),
	(6, 2, '2008-01-30', '1998-05-01', 100, 100, NULL, NULL),
	(7, 2, '2026-01-30', '2026-03-01', 100, 100, NULL, 'no such'),
	(8, 2, '2026-01-30', '2026-04-30', 100, 100, NULL, NULL),
	(9, 3, '2026-03-25', '2026-03-01', 100, 100, NULL, NULL),
	(10, 3, '2026-01-30', '2026-03-01', 100, NULL, NULL, NULL),
	(11, 3, '2026-01-30', '2026-03-14', 100, 100, NULL, NULL);
SELECT dunning.adopt('public.facture') \g /dev/null
SELECT is(dunning.run_reminders(dunning.today()), 3, 'the run raises three');
SELECT results_eq('SELECT item::text, level, raised_on, state::text, open_amount, days_past_due, late_interest, compensation FROM dunning.reminder ORDER BY item',
	$$ VALUES ('1', 1, date '2026-03-20', 'pending', 100::numeric, 19, 0.63, 40::numeric), ('11', 1, '2026-03-20', 'pending', 100, 6, 0.20, 40),
		('6', 1, '2026-03-20', 'pending', 100, 10185, NULL, 0) $$,
	'not what is settled, a credit, disputed, not due or not yet issued; one without its rate, and without interest, from before the law of the compensation');
SELECT results_eq('SELECT item::text, topic, message FROM dunning.run_problem ORDER BY length(item::text), item',
	$$ VALUES ('', 'rule france', 'reminders go out without late interest: no rate of series "ecb_mro" for 1998-05-02: the rule begins on 2001-05-16'), ('5', '', 'the due date is missing'),
		('7', '', 'dunning procedure "no such" does not exist'), ('10', '', 'the open amount is missing') $$,
	'problems are set aside and named');
SELECT results_eq('SELECT as_of, ledger, raised, cancelled, problems FROM dunning.run_log ORDER BY run DESC LIMIT 1',
	$$ VALUES (date '2026-03-20', NULL::name, 3, 0, 4) $$, 'and counted');
SELECT is((SELECT array_agg(item::text || ' ' || state ORDER BY item::text) FROM dunning.worklist WHERE item IN ('3', '4', '8')),
	ARRAY['3 settled', '4 held', '8 scheduled'], 'the work list says why not');

-- An item that raises an error is set aside alone, in its ledger alone
CREATE TABLE public.fragile (id integer PRIMARY KEY, client_id integer, due_date text, divisor integer, kind text);
INSERT INTO public.fragile SELECT k, 1, '2026-03-01', 2, 'a' FROM generate_series(1, 5) AS k;
CREATE VIEW public.shaky AS SELECT id, client_id, due_date::date AS due_date, 100 / divisor AS solde FROM public.fragile;
SELECT dunning.adopt('public.shaky', columns => '{"key": "id"}') \g /dev/null
UPDATE public.fragile SET divisor = 0 WHERE id = 3;
UPDATE public.fragile SET due_date = 'tomorrow or so' WHERE id = 4;
INSERT INTO public.facture (id, client_id, date_facture, date_echeance, montant_ttc, solde) VALUES (12, 3, '2026-01-30', '2026-03-01', 1, 1);
SELECT is(dunning.run_reminders(dunning.today()), 4, 'a broken item does not stop the others');
SELECT results_eq($$ SELECT ledger::text COLLATE "default", item::text FROM dunning.reminder WHERE raised_on = '2026-03-20' AND item IN ('2', '3', '4', '5', '12') OR ledger = 'shaky' ORDER BY 1, 2 $$,
	$$ VALUES ('facture', '12'), ('shaky', '1'), ('shaky', '2'), ('shaky', '5') $$, 'of its own ledger and of others');
SELECT results_eq($$ SELECT item::text, sqlstate, message FROM dunning.run_problem WHERE ledger = 'shaky' ORDER BY item $$,
	$$ VALUES ('3', '22012', 'division by zero'), ('4', '22007', 'invalid input syntax for type date: "tomorrow or so"') $$,
	'and is set aside with its error');
SELECT is((SELECT problems FROM dunning.run_log ORDER BY run DESC LIMIT 1), 5, 'the others'' problems are still seen');
-- a rate that is not known has been looked at
DELETE FROM public.facture WHERE id = 6;
SET session_replication_role = replica; DELETE FROM dunning.reminder WHERE ledger = 'facture' AND item = '6'; RESET session_replication_role;
UPDATE public.fragile SET divisor = NULL WHERE id = 1;
UPDATE public.fragile SET divisor = 1000 WHERE id = 5;
SELECT is(dunning.run_reminders(dunning.today()), 0, 'beside a broken item');
SELECT is((SELECT array_agg(item::text || ' ' || state ORDER BY item) FROM dunning.reminder WHERE ledger = 'shaky'),
	ARRAY['1 pending', '2 pending', '5 cancelled'], 'what is settled is cancelled, but not what is unknown');
SELECT is(pg_temp.try('SELECT dunning.run_reminders(dunning.today(), ledger => ''nope'')'), '42704: ledger "nope" does not exist | SELECT ledger FROM dunning.ledger lists them.', 'a ledger that is not');
SELECT is(pg_temp.try('SELECT dunning.run_reminders(''infinity'')'), '22023: no run is possible on infinity | Give a day of the years 0001 to 9999.', 'a day that is not');
SELECT is(dunning.run_reminders(dunning.today(), ledger => 'facture'), 0, 'after an error that was caught the run works again');
SELECT isnt((SELECT max(run) FROM dunning.run_log WHERE ledger = 'facture' AND finished_at IS NOT NULL), NULL, 'and is logged');
SELECT dunning.release_ledger('shaky') \g /dev/null

-- The same fields in the past: nothing of the future is seen
SET session_replication_role = replica; TRUNCATE dunning.reminder; RESET session_replication_role;
TRUNCATE public.reglement;
UPDATE public.facture SET solde = montant_ttc;
INSERT INTO public.reglement VALUES (1, '2026-03-08', 100), (11, '2026-03-21', 100);
SELECT dunning.adopt('public.facture', columns => '{"payments": "reglement"}', replace => true) \g /dev/null
SELECT is(dunning.run_reminders('2026-03-06'), 4, 'a run of the past');
SELECT results_eq('SELECT item::text, level, raised_on, days_past_due FROM dunning.reminder ORDER BY length(item::text), item',
	$$ VALUES ('1', 1, date '2026-03-06', 5), ('2', 1, '2026-03-06', 5), ('10', 1, '2026-03-06', 5), ('12', 1, '2026-03-06', 5) $$,
	'does not see later payments and later invoices');
SELECT is(current_setting('dunning.today'), '2026-03-20', 'and leaves the setting as it was');
SELECT is(dunning.run_reminders('2026-03-08'), 0, 'a later one has waits to keep');
SELECT is((SELECT array_agg(item::text || ' ' || reason) FROM dunning.reminder WHERE state = 'cancelled'), ARRAY['1 no longer open'], 'but cancels what was paid');
SELECT is((SELECT cancelled FROM dunning.run_log ORDER BY run DESC LIMIT 1), 1, 'and counts it');

--
-- What becomes of a reminder
--
SELECT reminder AS two FROM dunning.reminder WHERE item = '2' \gset
SELECT reminder AS twelve FROM dunning.reminder WHERE item = '12' \gset
SELECT reminder AS one FROM dunning.reminder WHERE item = '1' \gset
SELECT is(dunning.mark_reminder_sent(:two, '2026-03-10'), true, 'a pending reminder is sent');
SELECT is(dunning.mark_reminder_sent(:two), false, 'once');
SELECT is((SELECT state || ' ' || sent_on FROM dunning.reminder WHERE reminder = :two), 'sent 2026-03-10', 'on its day');
SELECT is(dunning.mark_reminder_sent(:twelve), true, 'or today');
SELECT is((SELECT sent_on FROM dunning.reminder WHERE reminder = :twelve), _dunning.real_day(), 'which is the current date, whatever dunning.today says');
SELECT is(pg_temp.try(format('SELECT dunning.mark_reminder_sent(%s)', :one)), format('55000: reminder %s is cancelled | Send only what is pending.', :one), 'what is cancelled is not sent');
SELECT is(pg_temp.try('SELECT dunning.mark_reminder_sent(-1)'), 'P0002: reminder -1 does not exist', 'nor what is not there');
SELECT is(pg_temp.try('SELECT dunning.mark_reminder_sent(NULL)'), 'P0002: reminder <NULL> does not exist', 'nor NULL');
SELECT is(dunning.cancel_reminder(:one, 'again'), false, 'what is cancelled is cancelled');
SELECT is((SELECT reason FROM dunning.reminder WHERE reminder = :one), 'no longer open', 'for its first reason');
SELECT is(pg_temp.try('SELECT dunning.cancel_reminder(-1, ''x'')'), 'P0002: reminder -1 does not exist', 'cancelling what is not there');
SELECT is(pg_temp.try(format('SELECT dunning.cancel_reminder(%s, %L)', :two, reason)), '22023: a reason is needed to cancel a reminder | The history of an item has to say why a reminder does not count.',
	format('no reason: %L', reason)) FROM (VALUES (''), ('  '), (NULL)) AS v (reason);

-- the wait counts from the day it was sent
SELECT is((SELECT last_step || ' ' || last_on || ' ' || level || ' ' || step_on FROM dunning.worklist WHERE item = '2'), '5 2026-03-10 2 2026-03-13', 'the wait counts from the day it was sent');
SELECT is((SELECT last_step || ' ' || last_on || ' ' || level || ' ' || step_on FROM dunning.worklist WHERE item = '10'), '5 2026-03-06 2 2026-03-11', 'or raised, as long as it is pending');
SELECT is(dunning.run_reminders('2026-03-12'), 2, 'the others are raised: on that day neither was sent');
SELECT is((SELECT array_agg(item::text || ' ' || level ORDER BY reminder) FROM dunning.reminder WHERE raised_on = '2026-03-12'), ARRAY['10 2', '12 2'], 'and this one waits');
SELECT is(dunning.run_reminders('2026-03-13'), 1, 'until its day');

-- a cancelled level counts no more and is raised again
SELECT is(dunning.cancel_reminder(:two, ' sent by mistake ', '2026-03-13'), true, 'a sent reminder is cancelled');
SELECT is((SELECT state || ' ' || reason || ' ' || sent_on FROM dunning.reminder WHERE reminder = :two), 'cancelled sent by mistake 2026-03-10', 'with its reason, and what was sent stays written');
SELECT is(dunning.cancel_reminder(reminder, 'too', '2026-03-13'), true, 'and its second level') FROM dunning.reminder WHERE item = '2' AND level = 2;
SELECT is(dunning.run_reminders('2026-03-13'), 1, 'then it begins anew');
SELECT is((SELECT array_agg(level || ' ' || state ORDER BY reminder) FROM dunning.reminder WHERE item = '2'), ARRAY['1 cancelled', '2 cancelled', '1 pending'], 'with its first level');
SELECT is(pg_temp.try('INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, channel) VALUES (''facture'', ''2'', ''5'', 1, ''2026-03-13'', ''email'')'),
	'23505: duplicate key value violates unique constraint "reminder_once"', 'a level is kept unique by the table itself');
SELECT is(pg_temp.try('UPDATE dunning.reminder SET state = ''cancelled'' WHERE item = ''2'' AND level = 1 AND state = ''pending'''),
	'23514: new row for relation "reminder" violates check constraint "reminder_check"', 'and a cancelled one has its time');

-- settle, for one item
SELECT is(dunning.settle_reminders('facture', '10'), 0, 'an open item keeps its reminders');
UPDATE public.facture SET montant_ttc = 0 WHERE id = 10;
SELECT is(dunning.settle_reminders('facture', '2'), 0, 'settling one does not touch another');
SELECT is(dunning.settle_reminders('facture', '10', 'written off'), 2, 'a settled one loses those that are pending');
SELECT is((SELECT array_agg(DISTINCT reason) FROM dunning.reminder WHERE item = '10'), ARRAY['written off'], 'for the reason given');
SELECT dunning.release_ledger('facture') \g /dev/null

--
-- Keys, amounts and days that cannot be followed
--
SET session_replication_role = replica; TRUNCATE dunning.reminder; RESET session_replication_role;
CREATE TABLE public.odd (id text, customer text, due_on date, open_amount numeric);
CREATE VIEW public.a_odd AS SELECT * FROM public.odd;
CREATE TABLE public.z_plain (id integer PRIMARY KEY, customer text, due_on date, open_amount numeric);
INSERT INTO public.odd VALUES ('short', 'c', '2026-03-01', 100);
INSERT INTO public.z_plain VALUES (1, 'c', '2026-03-01', 100);
SELECT dunning.adopt('public.a_odd', columns => '{"key": "id"}') \g /dev/null
SELECT dunning.adopt('public.z_plain') \g /dev/null
INSERT INTO public.odd SELECT string_agg(md5(i::text), ''), 'c', '2026-03-01', 100 FROM generate_series(1, 300) AS i;
INSERT INTO public.odd SELECT 'of a long customer', string_agg(md5(i::text), ''), '2026-03-01', 100 FROM generate_series(1, 300) AS i;
INSERT INTO public.odd VALUES ('nan', 'c', '2026-03-01', 'NaN'), ('inf', 'c', '2026-03-01', 'Infinity'), ('minus inf', 'c', '2026-03-01', '-Infinity'), ('ago', 'c', '-infinity', 5);
SELECT is(pg_temp.try('SELECT dunning.run_reminders(''2026-03-20'')'), 'ok', 'a run over them');
CREATE TEMP TABLE odd_problem AS
	VALUES (left(md5('1'), 20), 'a key is longer than 2000 bytes'), ('of a long customer', 'a key is longer than 2000 bytes'),
		('nan', 'the open amount is not a number'), ('inf', 'the open amount is not a number'), ('minus inf', 'the open amount is not a number'),
		('ago', 'the due date is not a day');
SELECT set_eq('SELECT left(p.item::text, 20), p.message FROM dunning.run_problem AS p WHERE p.run = (SELECT max(run) FROM dunning.run_log)',
	'TABLE odd_problem', 'sets them aside and says why');
SELECT set_eq('SELECT ledger::text, item::text, level FROM dunning.reminder', $$ VALUES ('a_odd', 'short', 1), ('z_plain', '1', 1) $$, 'other items and ledgers are raised');
SELECT set_eq('SELECT left(w.item::text, 20), w.problem FROM dunning.worklist AS w WHERE w.problem IS NOT NULL', 'TABLE odd_problem', 'the work list says so');
SET session_replication_role = replica; TRUNCATE dunning.reminder; RESET session_replication_role;
CALL dunning.run('2026-03-20');
SELECT set_eq('SELECT ledger::text, item::text, level FROM dunning.reminder', $$ VALUES ('a_odd', 'short', 1), ('z_plain', '1', 1) $$, 'a run that commits does the same');
UPDATE public.odd SET open_amount = '-Infinity' WHERE id = 'short';
UPDATE public.z_plain SET open_amount = 'NaN';
SELECT is_empty('SELECT * FROM dunning.tonight WHERE item IN (''short'', ''1'')', 'tonight withdraws nothing of what is not a number any more');
SELECT is_empty('SELECT * FROM dunning.to_send', 'it is not sent either');
SELECT is(pg_temp.try('SELECT dunning.run_reminders(''2026-03-21'')'), 'ok', 'a run of it');
SELECT set_eq('SELECT ledger::text, item::text, state::text FROM dunning.reminder', $$ VALUES ('a_odd', 'short', 'pending'), ('z_plain', '1', 'pending') $$, 'leaves it as it is');
SELECT set_eq('SELECT p.item::text, p.message FROM dunning.run_problem AS p WHERE p.run = (SELECT max(run) FROM dunning.run_log) AND p.item IN (''short'', ''1'')',
	$$ VALUES ('short', 'the open amount is not a number'), ('1', 'the open amount is not a number') $$, 'and says why');
SELECT results_eq($$ SELECT w.about, w.what FROM unnest('{en,fr}'::text[]) WITH ORDINALITY AS l (language, n) CROSS JOIN LATERAL dunning.why('a_odd', 'short', '2026-03-21', l.language) AS w ORDER BY l.n, w.nth $$,
	$$ VALUES ('state', 'Nothing is done: the open amount is not a number'), ('reminder', 'Step 1, e-mail: pending, since the open amount is not known'),
	('state', 'Rien n''est fait : le montant dû n''est pas un nombre'), ('reminder', 'Étape 1, e-mail : en attente, car le montant dû n''est pas connu') $$, 'so does why');
SELECT results_eq('SELECT problem, detail FROM dunning.ledger_problems(''z_plain'') WHERE item = ''1'' AND problem ~ ''amount''', $$ VALUES ('no open amount', 'What is owed is NaN, which is not a number: look at its payments.') $$,
	'and the problems of the ledger');
UPDATE public.odd SET open_amount = 100 WHERE id = 'short';
UPDATE public.z_plain SET open_amount = 100;
SELECT is(pg_temp.try('SELECT dunning.claim_penalties(''2026-03-20'')'), 'ok', 'and claims go on');
SELECT set_eq('SELECT DISTINCT ledger::text, item::text FROM dunning.claim WHERE ledger IN (''a_odd'', ''z_plain'')', $$ VALUES ('a_odd', 'short'), ('z_plain', '1') $$, 'for the others');
SELECT dunning.release_ledger(l) FROM unnest(ARRAY['a_odd', 'z_plain']::name[]) AS l \g /dev/null
SET session_replication_role = replica; TRUNCATE dunning.reminder, dunning.claim; RESET session_replication_role;

-- payments that are gone with the session
CREATE TEMP TABLE fleeting (item integer, amount numeric, paid_on date);
CREATE TEMP VIEW fleeting_view AS SELECT * FROM fleeting;
ALTER TABLE public.z_plain RENAME open_amount TO amount;
SELECT is(pg_temp.try(format('SELECT dunning.adopt(''public.z_plain'', columns => ''{"payments": {"table": "pg_temp.%s", "item": "item", "amount": "amount", "date": "paid_on"}}'')', name)),
	format('42809: %s is temporary | Only what outlives the session can be followed.', name), 'payments in a temporary relation: ' || name)
FROM (VALUES ('fleeting'), ('fleeting_view')) AS v (name);
SELECT is((SELECT count(*) FROM dunning.ledger WHERE ledger = 'z_plain'), 0::bigint, 'and nothing is adopted');
DROP TABLE public.z_plain;

--
-- Reference rates
--
CREATE TABLE public.next_year (id integer PRIMARY KEY, client integer, due_date date, solde numeric);
INSERT INTO public.next_year VALUES (1, 1, '2026-12-01', 1000);
SELECT dunning.adopt('public.next_year') \g /dev/null
SET dunning.today = '2027-01-20';
SELECT is((SELECT penalty_problem FROM dunning.worklist), 'no rate of series "ecb_mro" for 2027-01-01', 'the rate of the next half-year is not known');
SELECT is((SELECT state || coalesce(problem, '') FROM dunning.worklist), 'due', 'which stops no reminder');
SELECT is((SELECT late_interest FROM dunning.worklist), NULL, 'and no interest is guessed');
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('ecb_mro', '2027-01-01', 2.00);
SELECT is((SELECT late_interest FROM dunning.worklist), round(1000 * (30 * 12.40 + 20 * 12.00) / 36500, 2), 'one INSERT makes the rule know it');
SELECT is((SELECT penalty_problem FROM dunning.worklist), NULL, 'and there is no problem left');
SET dunning.today = '2027-07-01';
SELECT is((SELECT penalty_problem FROM dunning.worklist), 'no rate of series "ecb_mro" for 2027-07-01', 'until the end of its half-year');
SELECT is(pg_temp.try('INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (''ecb_mro'', ''2026-06-17'', 12)'),
	'ok', 'a second rate of a day is only warned of, for a dump that brings it back');
SELECT is((SELECT rate FROM dunning.reference_rate WHERE series = 'ecb_mro' AND effective_on = '2026-06-17'), 2.40, 'and the shipped one stands');
UPDATE dunning.reference_rate SET rate = 3 WHERE series = 'ecb_mro' AND effective_on = '2027-01-01';
SET dunning.today = '2027-01-20';
SELECT is((SELECT late_interest FROM dunning.worklist), round(1000 * (30 * 12.40 + 20 * 13.00) / 36500, 2), 'a rate of one''s own can be corrected');
DELETE FROM dunning.reference_rate WHERE series = 'ecb_mro' AND effective_on = '2027-01-01';
SELECT is((SELECT penalty_problem FROM dunning.worklist), 'no rate of series "ecb_mro" for 2027-01-01', 'and taken back');
SELECT is(pg_temp.try(statement), format('55000: a row of dunning.%s that came with pg_dunning cannot be changed | Insert a row of your own beside it; the next upgrade would undo the change.', name), statement)
FROM (VALUES
	('reference_rate', 'UPDATE dunning.reference_rate SET rate = 99 WHERE effective_on = ''2026-07-01'''),
	('reference_rate', 'DELETE FROM dunning.reference_rate WHERE effective_on = ''2026-07-01'''),
	('rule', 'UPDATE dunning.rule SET clauses = '''' WHERE name = ''france'''),
	('rule', 'DELETE FROM dunning.rule WHERE name = ''france'''),
	('scheme', 'UPDATE dunning.scheme SET scheme = ''10'' WHERE name = ''standard'''),
	('procedure', 'UPDATE dunning.procedure SET procedure = ''1 email'' WHERE name = ''standard'''),
	('ledger_word', 'DELETE FROM dunning.ledger_word WHERE word = ''id'' AND scope = ''items''')) AS v (name, statement);

-- a series, a rule, a procedure and a scheme of one's own
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('house', '2025-07-01', 8), ('house', '2026-01-01', 9);
UPDATE public.next_year SET due_date = '2025-12-01';
SET dunning.today = '2026-01-20';
INSERT INTO dunning.rule (name, series, clauses) VALUES ('house', 'house', 'compensation 10 CHF; grace 3');
INSERT INTO dunning.procedure (name, procedure) VALUES ('hard', '10 email min 500 EUR; 30 letter fee 20 CHF manual; mode jump');
INSERT INTO dunning.scheme (name, scheme) VALUES ('weeks', '7,14');
SELECT is((SELECT rule::text FROM dunning.rule WHERE name = 'house'), 'house {2025-07-01: 8.00, 2026-01-01: 9.00} until 2026-06-30; grace 3; compensation 10.00 CHF', 'a rule follows its series');
SELECT dunning.adopt('public.next_year', procedure => 'hard', rule => 'house', scheme => 'weeks', replace => true) \g /dev/null
SELECT results_eq('SELECT bucket, bucket_label, late_interest, compensation, compensation_currency, level, channel FROM dunning.worklist',
	$$ VALUES (3, '15+', round(1000 * (30 * 8.00 + 20 * 9.00) / 36500, 2), 10.00, 'CHF', 2, 'letter') $$, 'and a ledger uses all of them');
SELECT is(dunning.run_reminders(dunning.today()), 1, 'the step is raised');
SELECT results_eq('SELECT level, manual, fee, fee_currency FROM dunning.reminder WHERE ledger = ''next_year''', $$ VALUES (2, true, 20.00, 'CHF') $$, 'with its fee, for a person to do');
SELECT matches(pg_temp.try('DELETE FROM dunning.rule WHERE name = ''house'''), '^23503', 'a rule that a ledger uses stays');
SELECT is(pg_temp.try('INSERT INTO dunning.rule (name, series) VALUES (''x'', ''nothing'')'), '22023: series "nothing" has no rates | Insert its rates into dunning.reference_rate first.', 'a series without rates');

SELECT * FROM finish();
