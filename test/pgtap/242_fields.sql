-- Fields that an ERP adds to its items: what it will not have reminded, and the
-- amounts in the currency of the company.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SELECT no_plan();
SELECT setseed(0.3) \g /dev/null
SET LOCAL dunning.today = '2026-06-30';

\ir try.psql
CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	lines text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		lines := lines || E'\n' || line;
	END LOOP;
	RETURN lines;
END $$;

--
-- Every word is known, and means one thing
--
CREATE FUNCTION pg_temp.known_as(scope text, word text, kind text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	fields text[];
BEGIN
	EXECUTE format('CREATE TABLE one_word (%I %s)', word, CASE kind WHEN 'number' THEN 'numeric' ELSE kind END);
	SELECT array_agg(m.field) INTO fields FROM _dunning.map_columns('one_word', scope, '{}') AS m;
	DROP TABLE one_word;
	RETURN fields;
END $$;
SELECT is_empty($$ SELECT w.scope, w.field, w.word, k FROM dunning.ledger_word AS w JOIN dunning.ledger_field AS f USING (scope, field)
	CROSS JOIN LATERAL pg_temp.known_as(w.scope, w.word, f.kind) AS k
	WHERE w.field IN ('held', 'company_currency', 'company_amount', 'company_open_amount') AND k IS DISTINCT FROM ARRAY[w.field] $$,
	'each word is known as its field, and as no other');
SELECT set_eq($$ SELECT w.scope, w.field FROM dunning.ledger_word AS w WHERE w.field = 'held' OR w.field ~ '^company_' GROUP BY 1, 2 HAVING count(*) > 10 $$,
	$$ SELECT scope, field FROM dunning.ledger_field WHERE field = 'held' OR field ~ '^company_' $$, 'every field has its words');

CREATE TABLE "Vente" ("Numéro" text PRIMARY KEY, "Client" integer, "Échéance" date, "Montant" numeric, "Solde" numeric, "Devise" text,
	"Relance bloquée" boolean, "Devise société" text, "Montant société" numeric, "Solde société" double precision);
INSERT INTO "Vente" VALUES ('F1', 1, '2026-05-01', 110, 55, 'USD', true, 'EUR', 100, 50.25), ('F2', 1, '2026-05-01', 220, 220, 'USD', false, 'EUR', 200, NULL),
	('F3', 1, '2026-05-01', 10, 10, 'EUR', NULL, NULL, NULL, 10), ('F4', 1, '2026-05-01', 10, 0, 'EUR', true, 'EUR', 10, 0);
SELECT set_eq($$ SELECT field, source, why FROM dunning.adopt('"Vente"', rule => NULL) WHERE field = 'held' OR field ~ '^company_' $$,
	$$ VALUES ('held', 'Relance bloquée', 'by its name'), ('company_currency', 'Devise société', 'by its name'),
		('company_amount', 'Montant société', 'by its name'), ('company_open_amount', 'Solde société', 'by its name') $$, 'French names with accents');
SELECT results_eq('SELECT item::text, held, company_currency, company_amount, company_open_amount FROM dunning.open_item ORDER BY item',
	$$ VALUES ('F1', true, 'EUR', 100::numeric, 50.25::numeric), ('F2', false, 'EUR', 200, NULL), ('F3', NULL, NULL, NULL, 10) $$, 'the columns of the items');
SELECT is((SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute AS a WHERE a.attrelid = 'dunning.open_item'::regclass AND a.attnum > 20),
	ARRAY['held', 'company_currency', 'company_amount', 'company_open_amount', 'dunnable', 'document', 'contracted_on', 'rule_by', 'rejects', 'delivered_on', 'matures_on', 'kind', 'payer', 'payer_name', 'identifier', 'customer_group', 'risk_party', 'class', 'salesperson', 'net_amount', 'attributes'], 'they are the last of an item');
SELECT results_eq($$ SELECT item::text, company_amount, company_open_amount, as_of_known FROM dunning.ledger_items(_dunning.real_day()) WHERE item = 'F4' $$,
	$$ VALUES ('F4', 10::numeric, 0::numeric, true) $$, 'of settled ones, too');

--
-- What is held is on the work list, and is not reminded
--
SELECT results_eq('SELECT item::text, held, disputed, state::text, status::text, open_amount, problem FROM dunning.worklist ORDER BY item',
	$$ VALUES ('F1', true, false, 'held', 'overdue', 55::numeric, NULL), ('F2', false, false, 'due', 'overdue', 220, NULL), ('F3', false, false, 'due', 'overdue', 10, NULL) $$,
	'what the ERP holds is held, what it says nothing of is not');
SELECT is((SELECT changes_on FROM dunning.worklist WHERE item = 'F1'), NULL, 'and nothing changes that by itself');
SELECT is(dunning.run_reminders(dunning.today()), 2, 'the others are reminded');
SELECT is((SELECT array_agg(item::text ORDER BY item) FROM dunning.reminder), ARRAY['F2', 'F3'], 'and only they');
UPDATE "Vente" SET "Relance bloquée" = "Numéro" <> 'F1';
SELECT is(dunning.run_reminders(dunning.today()), 1, 'let go it is reminded');
SELECT set_eq('SELECT item::text, state::text, reason FROM dunning.reminder',
	$$ VALUES ('F1', 'pending', NULL), ('F2', 'cancelled', 'held in the ERP'), ('F3', 'cancelled', 'held in the ERP') $$, 'and what was raised before a hold is withdrawn');
SELECT is((SELECT array_agg(item || ' ' || state ORDER BY item::text) FROM dunning.worklist), ARRAY['F1 scheduled', 'F2 held', 'F3 held'], 'held items have no next step');
SELECT is((SELECT dunning.total(dunning.aged_balance(open_amount, due_on, dunning.today(), '30,60,90')) FROM dunning.open_item), 285.0, 'a balance counts them');
-- disputed or held, either is enough
ALTER TABLE "Vente" ADD "Litige" boolean;
UPDATE "Vente" SET "Litige" = "Numéro" = 'F1';
SELECT dunning.adopt('"Vente"', replace => true) \g /dev/null
SELECT is((SELECT array_agg(concat_ws(' ', item, state, disputed, held) ORDER BY item::text) FROM dunning.worklist), ARRAY['F1 held t f', 'F2 held f t', 'F3 held f t'], 'each says why it is held');
SELECT dunning.adopt('"Vente"', columns => '{"held": null, "disputed": null}', replace => true) \g /dev/null
SELECT is((SELECT array_agg(held) FILTER (WHERE held) FROM dunning.worklist), NULL, 'a flag that is left out holds nothing');
SELECT is(pg_temp.try('SELECT dunning.adopt(''"Vente"'', columns => ''{"held": "Client"}'', replace => true)'),
	'42804: column "Client" of public."Vente" is of type integer | Make a view that converts the column, and adopt the view.', 'a flag is a boolean');
SELECT is(pg_temp.try('SELECT dunning.adopt(''"Vente"'', columns => ''{"company_amount": "Devise"}'', replace => true)'),
	'42804: column "Devise" of public."Vente" is of type text | Make a view that converts the column, and adopt the view.', 'an amount is a number');
SELECT is(pg_temp.try('SELECT dunning.adopt(''"Vente"'', columns => ''{"company_currency": "Client"}'', replace => true)'),
	'42804: column "Client" of public."Vente" is of type integer | Make a view that converts the column, and adopt the view.', 'a currency is a text');

--
-- One code for all, of either currency
--
SELECT set_eq(format('SELECT field, source, why FROM dunning.adopt(''"Vente"'', columns => %L, replace => true) WHERE field ~ ''currency''', columns), answer, 'adopted with ' || columns)
FROM (VALUES
	('{"currency": "USD", "company_currency": "EUR"}', $$ VALUES ('currency', 'USD', 'one currency for all, as you said'), ('company_currency', 'EUR', 'one currency for all, as you said') $$),
	('{"company_currency": "EUR"}', $$ VALUES ('currency', 'USD', 'one currency for all, as before'), ('company_currency', 'EUR', 'one currency for all, as you said') $$),
	('{"company_currency": null}', $$ VALUES ('currency', 'USD', 'one currency for all, as before'), ('company_currency', NULL, 'none, as you said') $$),
	('{"currency": "USD"}', $$ VALUES ('currency', 'USD', 'one currency for all, as you said'), ('company_currency', NULL, 'none, as before') $$),
	('{"currency": "Devise société", "company_currency": "Devise"}', $$ VALUES ('currency', 'Devise société', 'as you said'), ('company_currency', 'Devise', 'as you said') $$)) AS v (columns, answer);
SELECT dunning.adopt('"Vente"', columns => '{"currency": "GBP", "company_currency": "CHF"}', replace => true) \g /dev/null
SELECT dunning.adopt('"Vente"', replace => true) \g /dev/null
SELECT is((SELECT array_agg(DISTINCT currency || ' ' || company_currency) FROM dunning.open_item), ARRAY['GBP CHF'], 'adopted again both codes are kept');
SELECT is(l.columns -> 'company_currency', '"CHF"', 'and are given as they were') FROM dunning.ledger AS l;
SELECT is(pg_temp.try('SELECT dunning.adopt(''"Vente"'', columns => ''{"company_currency": "eur"}'', replace => true)') ~ '^42703: column "eur" of public."Vente" does not exist', true, 'a code has capitals');
ALTER TABLE "Vente" ADD "EUR" text DEFAULT 'a column';
SELECT dunning.adopt('"Vente"', columns => '{"company_currency": "EUR"}', replace => true) \g /dev/null
SELECT is((SELECT array_agg(DISTINCT company_currency) FROM dunning.open_item), ARRAY['a column'], 'a column of that name comes first');
-- amount less paid_amount
SELECT dunning.adopt('"Vente"', columns => '{"paid_amount": "Solde"}', replace => true) \g /dev/null
SELECT is((SELECT array_agg(concat_ws(' ', item, open_amount, company_open_amount) ORDER BY item::text) FROM dunning.open_item), ARRAY['F1 55 50.25', 'F4 10 0'],
	'with amount and paid_amount a column says what is open to the company');
SELECT dunning.release_ledger('Vente') \g /dev/null

--
-- With payments: by hand
--
CREATE TABLE invoice (id integer PRIMARY KEY, customer integer, invoice_date date, due_date date, amount numeric, currency text, company_amount numeric, company_open_amount numeric);
CREATE TABLE payment (invoice_id integer, payment_date date, amount numeric, company_amount numeric);
INSERT INTO invoice VALUES
	(1, 1, '2026-01-10', '2026-02-10', 110, 'USD', 100, 77),	-- paid at another rate
	(2, 1, '2026-01-10', '2026-02-10', 110, 'USD', 100, 77),	-- one payment is not known to the company
	(3, 1, '2026-01-10', '2026-02-10', 110, 'USD', NULL, 77),	-- nor is the item
	(4, 1, '2026-01-10', '2026-02-10', 110, 'USD', 100, 77),	-- not paid
	(5, 1, '2026-01-10', '2026-02-10', 110, 'USD', 100, 77),	-- what settles nothing
	(6, 1, '2026-01-10', '2026-02-10', -110, 'USD', -100, 77);	-- a credit
INSERT INTO payment VALUES (1, '2026-03-01', 55, 48), (1, '2026-04-01', 11, 10.5), (1, '2026-08-01', 44, 41.5),
	(2, '2026-03-01', 55, 48), (2, '2026-04-01', 11, NULL), (3, '2026-03-01', 55, 48),
	(5, '2026-03-01', 0, NULL), (5, '2026-03-02', NULL, NULL), (5, '2026-03-03', 0, 2.5), (6, NULL, -10, -9);
SELECT set_eq($$ SELECT field, source, why FROM dunning.adopt('invoice', columns => '{"key": "id", "payments": "payment"}') WHERE field ~ 'company_.*amount' $$,
	$$ VALUES ('company_amount', 'company_amount', 'by its name'), ('company_open_amount', NULL, 'company_amount less that of the payments'),
		('payments.company_amount', 'public.payment.company_amount', 'by its name') $$, 'adopt says how the company amounts are known');
SELECT results_eq('SELECT item::text, open_amount, company_amount, company_open_amount FROM dunning.open_item ORDER BY item',
	$$ VALUES ('1', 44.0, 100::numeric, 41.5), ('2', 44, 100, NULL), ('3', 55, NULL, NULL), ('4', 110, 100, 100), ('5', 110, 100, 97.5), ('6', -100, -100, -91) $$,
	'what is open to the company is its amount less that of the payments');
SELECT results_eq($$ SELECT item::text, open_amount, company_open_amount FROM dunning.ledger_items('2026-03-31') ORDER BY item $$,
	$$ VALUES ('1', 55::numeric, 52::numeric), ('2', 55, 52), ('3', 55, NULL), ('4', 110, 100), ('5', 110, 97.5), ('6', -100, -91) $$, 'on any day');
SELECT is((SELECT company_open_amount FROM dunning.ledger_items('2026-12-31') WHERE item = '1'), 0.0, 'and in the end nothing');
SELECT set_eq(format('SELECT field, source, why FROM dunning.adopt(''invoice'', columns => %L, replace => true) WHERE field ~ ''company_open_amount''', columns), answer, 'unknown: ' || columns)
FROM (VALUES
	('{"key": "id", "payments": {"table": "payment", "company_amount": null}}', $$ VALUES ('company_open_amount', NULL, 'unknown: the items and the payments need a company_amount') $$),
	('{"key": "id", "company_amount": null, "payments": "payment"}', $$ VALUES ('company_open_amount', NULL, 'unknown: the items and the payments need a company_amount') $$)) AS v (columns, answer);
SELECT is((SELECT count(*) FROM dunning.open_item WHERE company_open_amount IS NOT NULL OR company_amount IS NOT NULL), 0::bigint, 'then it is NULL');
SELECT is(pg_temp.try($$ SELECT dunning.adopt('invoice', columns => '{"key": "id", "company_open_amount": "company_open_amount", "payments": "payment"}', replace => true) $$),
	'22023: the field "company_open_amount" is not for a ledger with payments | Name the company_amount of the items and that of the payments.', 'a column that does not follow the payments');
SELECT is(pg_temp.try($$ SELECT dunning.adopt('invoice', columns => '{"key": "id", "payments": {"table": "payment", "held": "x"}}', replace => true) $$),
	'22023: unknown field "held" in the mapping of "payments" | The fields are: table, amount, cashed, company_amount, date, item, part, reject_code, rejected, vat_rate.', 'the fields of payments');
SELECT dunning.release_ledger('invoice') \g /dev/null

--
-- Random books in several currencies against plain SQL
--
CREATE TABLE book AS
SELECT i AS id, i % 30 AS customer, '2026-01-01'::date + i % 100 AS invoice_date, '2026-02-01'::date + i % 100 AS due_date, a AS amount,
	CASE WHEN random() < 0.95 THEN round(a * (0.8 + random() * 0.3)::numeric, 2) END AS company_amount, random() < 0.1 AS held
FROM generate_series(1, 400) AS i CROSS JOIN LATERAL (SELECT round(((random() - 0.15) * (1000 + i))::numeric, 2) AS a) AS v;
CREATE TABLE pay AS
SELECT b.id AS invoice_id, CASE WHEN random() < 0.9 THEN b.invoice_date + (random() * 150)::integer END AS payment_date, a AS amount,
	CASE WHEN random() < 0.97 THEN round(a * (0.8 + random() * 0.3)::numeric, 2) END AS company_amount
FROM book AS b CROSS JOIN generate_series(1, 4) CROSS JOIN LATERAL (SELECT round((b.amount * random() / 3)::numeric, 2) AS a) AS v WHERE random() < 0.6;
CREATE TEMP VIEW wanted AS
SELECT d.day, b.id, b.held, b.amount - coalesce(sum(p.amount), 0) AS open_amount, b.company_amount,
	CASE WHEN count(*) FILTER (WHERE p.amount <> 0 AND p.company_amount IS NULL) = 0 THEN b.company_amount - coalesce(sum(p.company_amount), 0) END AS company_open_amount
FROM (SELECT '2026-01-15'::date + n AS day FROM generate_series(0, 240, 12) AS n) AS d
JOIN book AS b ON b.invoice_date <= d.day LEFT JOIN pay AS p ON p.invoice_id = b.id AND (p.payment_date <= d.day OR p.payment_date IS NULL)
GROUP BY d.day, b.id, b.held, b.amount, b.company_amount;
CREATE FUNCTION pg_temp.compare(name text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE got ON COMMIT DROP AS SELECT d.day, o.item::text::integer AS id, o.held, o.open_amount, o.company_amount, o.company_open_amount
		FROM (SELECT DISTINCT day FROM wanted) AS d CROSS JOIN LATERAL dunning.ledger_items(d.day) AS o;
	RETURN NEXT is_empty('(SELECT * FROM got EXCEPT ALL SELECT * FROM wanted) UNION ALL (SELECT * FROM wanted EXCEPT ALL SELECT * FROM got)', name || ': the items of 21 days are those of plain SQL');
	RETURN NEXT cmp_ok((SELECT count(company_open_amount) FROM got), '>', 4000::bigint, name || ': and most are known');
	RETURN NEXT cmp_ok((SELECT count(*) - count(company_open_amount) FROM got), '>', 200::bigint, name || ': and some are not');
	DROP TABLE got;
END $$;
SELECT dunning.adopt('book', columns => '{"key": "id", "payments": "pay"}') \g /dev/null
SELECT pg_temp.compare('payments all at once');
CREATE INDEX ON pay (invoice_id);
SELECT dunning.adopt('book', columns => '{"key": "id", "payments": "pay"}', replace => true) \g /dev/null
SELECT pg_temp.compare('payments by an index');

-- what is not read costs nothing
CREATE TEMP TABLE source (source text);
INSERT INTO source VALUES ('dunning.open_item'), ('dunning.open_items(''2026-05-01'')'), ('dunning.ledger_items(''2026-05-01'')');
CREATE FUNCTION pg_temp.costs(name text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT ok(pg_temp.plan(format('SELECT item, open_amount FROM %s', source)) !~ 'sum\([^)]*company_amount|company_amount IS NOT NULL', name || ': amounts that are not read are not added up: ' || source) FROM source
	UNION ALL
	SELECT ok(pg_temp.plan(format('SELECT item, company_open_amount FROM %s', source)) ~ 'sum\([^)]*company_amount.*company_amount IS NOT NULL', name || ': those that are read are: ' || source) FROM source
	UNION ALL
	SELECT ok(pg_temp.plan('SELECT item, held, state FROM dunning.worklist') !~ 'sum\([^)]*company_amount', name || ': the work list does not read them')
$$;
SELECT pg_temp.costs('payments by an index');
SELECT dunning.adopt('book', columns => '{"payments": {"indexed": false}}', replace => true) \g /dev/null
SELECT pg_temp.costs('payments all at once');
SELECT dunning.release_ledger('book') \g /dev/null

--
-- Parts by payment terms: what a part is worth to the company nobody says
--
ALTER TABLE invoice DROP due_date, ADD terms text;
UPDATE invoice SET terms = (ARRAY['net 30', '50% net 30; balance net 60', '', 'as ever', 'net 10', 'net 10'])[id];
SELECT dunning.adopt('invoice', columns => '{"key": "id", "payments": "payment"}') \g /dev/null
SELECT results_eq('SELECT item::text, part, open_amount, company_amount, company_open_amount FROM dunning.open_item ORDER BY item, part',
	$$ VALUES ('1', 1, 44.0, 100::numeric, 41.5), ('2', 2, 44, NULL, NULL), ('3', 1, 55, NULL, NULL), ('4', 1, 110, 100, 100), ('5', 1, 110, 100, 97.5), ('6', 1, -100, -100, -91) $$,
	'the company amounts of a whole item, and none of a part');
DELETE FROM payment WHERE invoice_id = 2;
SELECT results_eq($$ SELECT part, open_amount, company_amount, company_open_amount FROM dunning.open_item WHERE item = '2' ORDER BY part $$,
	$$ VALUES (1, 55::numeric, NULL::numeric, NULL::numeric), (2, 55, NULL, NULL) $$, 'paid or not');
SELECT ok(pg_temp.plan('SELECT item, open_amount FROM dunning.open_item') !~ 'sum\([^)]*company_amount|company_amount IS NOT NULL', 'there, too, they cost nothing unless they are read');
INSERT INTO invoice (id, customer, invoice_date, amount, terms) SELECT 7, customer, invoice_date, -20, '' FROM invoice WHERE id = 1;
SELECT set_eq('SELECT item::text, detail FROM dunning.ledger_problems() WHERE problem = ''no due date''', $$ VALUES ('3', 'The item is never overdue.'),
	('4', 'Its terms "as ever" cannot be read: at character 1: a day rule such as "net 30", "45 days end of month" or "on the 15th" was expected.'),
	('7', 'The aged balance has this credit among what has no due date.') $$, 'why an item has no due date: no terms, or which cannot be read');
SELECT dunning.release_ledger('invoice') \g /dev/null

SELECT * FROM finish();
ROLLBACK;
