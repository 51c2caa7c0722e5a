-- Ledgers that remember: the items of any day, and the movements of each.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL timezone = 'Europe/Paris';
SET LOCAL jit = off;	-- compiling takes longer than these small books
SELECT no_plan();
SELECT setseed(0.7) \g /dev/null

CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
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
-- a query for every day, with that day as today
CREATE FUNCTION pg_temp.on_day(day date, query text) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('dunning.today', to_char(day, 'YYYY-MM-DD'), true);
	RETURN QUERY EXECUTE 'SELECT to_jsonb(q) FROM (' || query || ') AS q';
	PERFORM set_config('dunning.today', '2026-09-30', true);
END $$;
CREATE TEMP TABLE days AS SELECT '2026-01-01'::date + n AS day FROM generate_series(0, 270, 9) AS n;
SET LOCAL dunning.today = '2026-09-30';

--
-- One item by hand
--
CREATE TABLE facture (id integer PRIMARY KEY, client_id integer, date_facture date, date_echeance date, montant_ttc numeric(12,2), solde numeric(12,2), montant_paye numeric(12,2));
CREATE TABLE reglement (facture_id integer, date_reglement date, montant numeric(12,2));
INSERT INTO facture VALUES
	(1, 1, '2026-01-15', '2026-02-14', 1200, 700, 500),
	(2, 1, '2026-01-15', '2026-02-14', 100, -20, 120),
	(3, 1, '2026-01-15', '2026-02-14', -50, 0, -50),
	(4, 2, NULL, '2026-02-14', 80, 80, NULL),
	(5, 2, NULL, NULL, 70, 40, 30),
	(6, 2, '2026-01-15', '2026-02-14', NULL, NULL, NULL),
	(7, 2, '2026-08-15', '2026-09-14', 10, 0, 10),
	(8, 2, '2026-01-15', NULL, 60, 50, 10);
INSERT INTO reglement VALUES (1, '2026-03-02', 500), (1, '2026-04-01', 200), (1, '2026-04-15', -200), (2, '2026-01-10', 120), (3, '2026-03-01', -50),
	(5, '2026-02-01', 30), (7, '2026-08-15', 10), (8, NULL, 10), (NULL, '2026-01-01', 5), (1, '2027-01-01', 1), (1, '2026-05-01', NULL);

SELECT results_eq($$ SELECT source, why FROM dunning.adopt('facture', columns => '{"payments": "reglement"}') WHERE field = 'history' $$,
	$$ VALUES ('public.reglement.date_reglement', 'past days are answered exactly, from the dates of the payments') $$, 'adopt says that past days are answered');
SELECT results_eq('SELECT item::text, open_amount, history::text, as_of_known FROM dunning.open_item ORDER BY item',
	$$ VALUES ('1', 700.00, '{2026-01-15: 1200.00, 2026-03-02: -500.00, 2026-04-01: -200.00, 2026-04-15: 200.00}', true),
		('2', -20.00, '{2026-01-10: -120.00, 2026-01-15: 100.00}', true),
		('4', 80.00, '{2026-02-14: 80.00}', false),
		('5', 40.00, '{2026-02-01: 70.00, 2026-02-01: -30.00}', false),
		('6', NULL, NULL, true),
		('8', 50.00, '{2026-01-15: 60.00, 2026-01-15: -10.00}', false) $$, 'the movements of every open item; a past day is not known of one without an issue date, or with a payment without a date');
SELECT is((SELECT bool_and(as_of_known) FROM dunning.open_items(_dunning.real_day())), true, 'today is');
SELECT results_eq($$ SELECT item::text, open_amount, history::text FROM dunning.open_items('2026-04-10') ORDER BY item $$,
	$$ VALUES ('1', 500.00, '{2026-01-15: 1200.00, 2026-03-02: -500.00, 2026-04-01: -200.00}'),
		('2', -20.00, '{2026-01-10: -120.00, 2026-01-15: 100.00}'), ('4', 80.00, '{2026-02-14: 80.00}'),
		('5', 40.00, '{2026-02-01: 70.00, 2026-02-01: -30.00}'), ('6', NULL, NULL), ('8', 50.00, '{2026-01-15: 60.00, 2026-01-15: -10.00}') $$,
	'on a past day what was paid since is open, what was issued since is not there');
SELECT results_eq($$ SELECT item::text, open_amount, history::text FROM dunning.open_items('2026-02-01') WHERE item IN ('1', '3', '4') ORDER BY item $$,
	$$ VALUES ('1', 1200.00, '{2026-01-15: 1200.00}'), ('3', -50.00, '{2026-01-15: -50.00}'), ('4', 80.00, '{2026-02-01: 80.00}') $$, 'and what was settled since is open again');
SELECT results_eq($$ SELECT item::text, open_amount, history::text FROM dunning.ledger_items('2026-09-30') EXCEPT SELECT item::text, open_amount, history::text FROM dunning.open_item ORDER BY 1 $$,
	$$ VALUES ('3', 0.00, '{2026-01-15: -50.00, 2026-03-01: 50.00}'), ('7', 0.00, '{2026-08-15: 10.00, 2026-08-15: -10.00}') $$, 'the settled items are in ledger_items');
SELECT is_empty('SELECT * FROM dunning.ledger_items(NULL) UNION ALL SELECT * FROM dunning.open_items(NULL)', 'no day, no items');
SELECT results_eq($$ SELECT count(*), sum(open_amount) FROM dunning.ledger_items('infinity') $$, 'SELECT count(*), sum(montant_ttc) - 621 FROM facture', 'at the end of time everything counts');
SELECT is((SELECT sum(open_amount) FROM dunning.ledger_items('-infinity')), 150.00, 'at its beginning what has no issue date');
SELECT is((SELECT count(*) FROM dunning.ledger_items('-infinity') WHERE dunning.open_amount(history, 'infinity') IS DISTINCT FROM open_amount), 0::bigint, 'with its history');

-- the other ways to know the open amount have no past, and say so
SELECT results_eq(format($$ SELECT source, why FROM dunning.adopt('facture', columns => %L, replace => true) WHERE field = 'history' $$, columns), format('VALUES (%L::text, %L)', source, why), why)
FROM (VALUES
	('{"payments": null}', NULL, 'past days show today''s open amounts: a column holds no past, a table of payments would'),
	('{"paid_amount": "montant_paye"}', NULL, 'past days show today''s open amounts: paid_amount holds no past, a table of payments would'),
	('{"payments": {"table": "reglement", "date": null}}', NULL, 'past days show today''s open amounts: the payments have no date'),
	('{"payments": "reglement", "issued_on": null}', 'public.reglement.date_reglement', 'past days are answered from the dates of the payments, but without an issue date later items are among them')) AS v (columns, source, why);
SELECT results_eq($$ SELECT item::text, history::text FROM dunning.open_item WHERE item IN ('1', '2', '4') ORDER BY item $$,
	$$ VALUES ('1', '{2026-02-14: 1200.00, 2026-03-02: -500.00, 2026-04-01: -200.00, 2026-04-15: 200.00}'), ('2', '{2026-01-10: 100.00, 2026-01-10: -120.00}'), ('4', '{2026-02-14: 80.00}') $$,
	'without issue dates an item begins with the due date or the first payment');
SELECT dunning.adopt('facture', columns => '{"payments": {"date": null}, "issued_on": "date_facture"}', replace => true) \g /dev/null
SELECT is((SELECT array_agg(DISTINCT history::text) FROM dunning.ledger_items('2026-09-30')), ARRAY[NULL]::text[], 'no dates, no history');
SELECT dunning.adopt('facture', columns => '{"open_amount": "solde"}', replace => true) \g /dev/null
SELECT results_eq('SELECT d.day, count(*), bool_and(o.as_of_known), bool_or(o.as_of_known), bool_and(o.history IS NULL), sum(o.open_amount)
		FROM (VALUES (_dunning.real_day()), (_dunning.real_day() + 1), (_dunning.real_day() - 1)) AS d (day) CROSS JOIN LATERAL dunning.ledger_items(d.day) AS o GROUP BY d.day ORDER BY d.day',
	'SELECT d.day, count(*), day >= _dunning.real_day(), day >= _dunning.real_day(), true, sum(solde)
		FROM (VALUES (_dunning.real_day()), (_dunning.real_day() + 1), (_dunning.real_day() - 1)) AS d (day) JOIN facture ON (date_facture <= d.day) IS NOT FALSE GROUP BY d.day ORDER BY d.day',
	'past answers of a column of open amounts are marked as those of today');
SELECT is((SELECT o FROM pg_temp.on_day(_dunning.real_day() + n, 'SELECT bool_and(as_of_known) AS known FROM dunning.open_item') AS o), jsonb_build_object('known', n >= 0),
	format('and by dunning.today: %s', n)) FROM generate_series(-1, 1) AS n;
SELECT dunning.release_ledger('facture') \g /dev/null

--
-- Random books against plain SQL: keys of three types, with and without an
-- index, a table in parts, a view, odd names
--
CREATE TABLE book AS
SELECT i AS id, i % 40 AS client_id, CASE WHEN random() < 0.95 THEN '2026-01-01'::date + (random() * 250)::integer END AS date_facture,
	CASE WHEN random() < 0.95 THEN '2026-02-01'::date + (random() * 250)::integer END AS date_echeance,
	CASE WHEN random() < 0.98 THEN round(((random() - 0.15) * 1000)::numeric, 2) END AS montant_ttc
FROM generate_series(1, 400) AS i;
CREATE TABLE pay AS
SELECT b.id AS facture_id, CASE WHEN random() < 0.9 THEN coalesce(b.date_facture, '2026-03-01') - 20 + (random() * 200)::integer END AS date_reglement,
	round((b.montant_ttc * (CASE WHEN random() < 0.2 THEN 1 ELSE random() * 0.8 - 0.15 END))::numeric, 2) AS montant
FROM book AS b, generate_series(1, 5) WHERE random() < 0.6
UNION ALL SELECT NULL, '2026-03-01', 7 UNION ALL SELECT 9999, '2026-03-01', 8;
-- what an item is on a day
CREATE TEMP VIEW wanted AS
SELECT d.day, b.id, b.montant_ttc AS amount, b.montant_ttc - coalesce(sum(p.montant) FILTER (WHERE p.date_reglement <= d.day OR p.date_reglement IS NULL), 0) AS open_amount
FROM days AS d JOIN book AS b ON b.date_facture <= d.day OR b.date_facture IS NULL LEFT JOIN pay AS p ON p.facture_id = b.id
GROUP BY d.day, b.id, b.montant_ttc;
SELECT cmp_ok((SELECT count(*) FROM wanted), '>', 5000::bigint, 'there is something to compare');

CREATE SCHEMA "Compta";
CREATE TABLE "Compta"."Facture Été" AS SELECT 'F' || id AS "Numéro", client_id AS "Code client", (date_facture + time '23:59') AS "Date d'émission",
	(date_echeance + time '00:30')::timestamptz AS "DATE D'ÉCHÉANCE", montant_ttc AS "Montant TTC" FROM book;
ALTER TABLE "Compta"."Facture Été" ADD PRIMARY KEY ("Numéro");
CREATE TABLE "Compta"."Règlement" AS SELECT 'F' || facture_id AS "Numéro facture", (date_reglement + time '12:00')::timestamptz AS "Date de règlement", montant AS "Montant" FROM pay;
CREATE TABLE by_uuid AS SELECT md5(id::text)::uuid AS id, client_id AS client, date_facture, date_echeance, montant_ttc FROM book;
CREATE TABLE pay_uuid AS SELECT md5(facture_id::text)::uuid AS facture, date_reglement, montant FROM pay;
CREATE INDEX ON pay_uuid (facture);
CREATE TABLE parted (id bigint, client integer, date_facture date, date_echeance date, montant_ttc double precision, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (200);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (200) TO (2000);
INSERT INTO parted SELECT * FROM book;
CREATE TABLE pay_parted (facture bigint, date_reglement date, montant double precision) PARTITION BY HASH (facture);
CREATE TABLE pay_parted_1 PARTITION OF pay_parted FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO pay_parted SELECT * FROM pay;
CREATE INDEX ON pay_parted (facture);
CREATE VIEW seen AS SELECT id AS id, client_id AS client, date_facture, date_echeance, montant_ttc FROM book;
CREATE VIEW pay_seen AS SELECT facture_id AS facture, date_reglement, montant FROM pay;
SELECT is((SELECT why FROM dunning.adopt(relation::regclass, time_zone => 'Europe/Paris', columns => format('{"payments": "%s"}', payments)::jsonb) WHERE field = 'history'),
	'past days are answered exactly, from the dates of the payments', 'adopted: ' || relation)
FROM (VALUES ('book', 'pay'), ('"Compta"."Facture Été"', 'Règlement'), ('by_uuid', 'pay_uuid'), ('parted', 'pay_parted')) AS v (relation, payments);
SELECT dunning.adopt('seen', columns => '{"key": "id", "payments": "pay_seen"}') \g /dev/null
CREATE TEMP VIEW keys AS SELECT 'book'::name AS ledger, id, id::text AS item FROM book UNION ALL SELECT 'Facture Été', id, 'F' || id FROM book
	UNION ALL SELECT 'by_uuid', id, md5(id::text)::uuid::text FROM book UNION ALL SELECT 'parted', id, id::text FROM book UNION ALL SELECT 'seen', id, id::text FROM book;

CREATE TEMP TABLE got AS SELECT d.day, o.ledger, o.item::text AS item, o.amount, o.open_amount, o.history, o.as_of_known, o.issued_on, o.due_on
	FROM days AS d CROSS JOIN LATERAL dunning.ledger_items(d.day) AS o;
CREATE TEMP TABLE wants AS SELECT w.day, k.ledger, k.item, w.amount, w.open_amount FROM wanted AS w JOIN keys AS k ON k.id = w.id;
SELECT is_empty('(SELECT day, ledger, item, amount, open_amount FROM got EXCEPT ALL SELECT * FROM wants) UNION ALL (SELECT * FROM wants EXCEPT ALL SELECT day, ledger, item, amount, open_amount FROM got)',
	'all items of 31 days in five ledgers are those of plain SQL');
SELECT is_empty('(SELECT d.day, o.ledger, o.item::text, o.open_amount FROM days AS d CROSS JOIN LATERAL dunning.open_items(d.day) AS o EXCEPT ALL SELECT day, ledger, item, open_amount FROM wants WHERE open_amount IS DISTINCT FROM 0)
	UNION ALL (SELECT day, ledger, item, open_amount FROM wants WHERE open_amount IS DISTINCT FROM 0 EXCEPT ALL SELECT d.day, o.ledger, o.item::text, o.open_amount FROM days AS d CROSS JOIN LATERAL dunning.open_items(d.day) AS o)',
	'and the open ones');
SELECT is_empty($$ SELECT d.day FROM days AS d
	CROSS JOIN LATERAL (SELECT jsonb_agg(to_jsonb(o) ORDER BY o.ledger, o.item) AS all_items FROM dunning.open_items(d.day) AS o) AS a
	CROSS JOIN LATERAL (SELECT jsonb_agg(t ORDER BY t ->> 'ledger', t ->> 'item') AS all_items FROM pg_temp.on_day(d.day, 'SELECT * FROM dunning.open_item') AS t) AS b
	WHERE (SELECT jsonb_agg(x ORDER BY x::text) FROM jsonb_array_elements(a.all_items) AS x) IS DISTINCT FROM (SELECT jsonb_agg(x ORDER BY x::text) FROM jsonb_array_elements(b.all_items) AS x) $$,
	'dunning.today and a day as an argument give the same rows, column by column');

-- the movements, one by one
SELECT is((SELECT count(*) FROM got WHERE (history IS NULL) <> (open_amount IS NULL)), 0::bigint, 'every item whose amount is known has a history');
SELECT is((SELECT count(*) FROM got WHERE dunning.open_amount(history, day) IS DISTINCT FROM open_amount), 0::bigint, 'the sum of a history is the open amount');
SELECT is((SELECT count(*) FROM got CROSS JOIN LATERAL dunning.movements(got.history) AS m WHERE m.on_day > got.day), 0::bigint, 'and no movement lies after the day');
CREATE TEMP TABLE moved AS
WITH begun AS (
	SELECT d.day, b.id, b.montant_ttc, coalesce(b.date_facture, least(b.date_echeance, (SELECT min(p.date_reglement) FROM pay AS p WHERE p.facture_id = b.id AND p.date_reglement <= d.day), d.day)) AS on_day
	FROM days AS d JOIN book AS b ON (b.date_facture <= d.day) IS NOT FALSE WHERE b.montant_ttc IS NOT NULL
)
SELECT day, id, on_day, montant_ttc AS amount FROM begun
UNION ALL
SELECT b.day, b.id, p.date_reglement, - p.montant FROM begun AS b JOIN pay AS p ON p.facture_id = b.id AND p.date_reglement <= b.day
UNION ALL
SELECT b.day, b.id, b.on_day, - sum(p.montant) FROM begun AS b JOIN pay AS p ON p.facture_id = b.id AND p.date_reglement IS NULL GROUP BY 1, 2, 3 HAVING sum(p.montant) <> 0;
CREATE TEMP TABLE moves AS SELECT g.day, k.ledger, k.id, m.on_day, m.amount
FROM got AS g JOIN keys AS k ON k.ledger = g.ledger AND k.item = g.item CROSS JOIN LATERAL dunning.movements(g.history) AS m;
SELECT is_empty('SELECT k.ledger, w.* FROM moved AS w CROSS JOIN (SELECT DISTINCT ledger FROM keys) AS k EXCEPT ALL SELECT ledger, day, id, on_day, amount FROM moves', 'every amount and every payment is a movement of its day');
SELECT is((SELECT count(*) FROM moves), (SELECT 5 * count(*) FROM moved), 'and nothing else is');

--
-- Parts by payment terms: every day against a loop over the parts
--
CREATE TABLE invoice AS
SELECT i AS id, 'c' || i % 7 AS customer, '2026-01-01'::date + i % 90 AS issue_date, round(((random() - 0.2) * 5000)::numeric, 2) AS amount,
	(ARRAY['net 30', '50% net 60; balance net 30', '30% on order; 30% net 30; balance net 60', '33.33% net 10; 33.33% net 20; balance net 30',
		'10% net 90; 10% net 90; 10% net 5; balance net 45', '100.00 EUR net 10; balance net 40', 'as ever'])[1 + i % 7] AS terms
FROM generate_series(1, 210) AS i;
CREATE TABLE receipt AS
SELECT f.id AS invoice_id, CASE WHEN random() < 0.92 THEN f.issue_date + (random() * 120)::integer - 15 END AS payment_date,
	round((f.amount * (random() * 0.6 - 0.1))::numeric, 2) AS amount, CASE WHEN random() < 0.3 THEN 1 + (random() * 4)::integer END AS part
FROM invoice AS f, generate_series(1, 6) WHERE random() < 0.7;
CREATE FUNCTION pg_temp.fill(number integer, as_of date, by_part boolean) RETURNS TABLE (n integer, amount numeric, open_amount numeric) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	f public.invoice; p record; parts integer; sign integer; left_over numeric; takes numeric; k integer := 0; counted receipt[];
BEGIN
	SELECT * INTO f FROM invoice WHERE id = number;
	counted := ARRAY(SELECT ROW(r.invoice_id, r.payment_date, r.amount, CASE WHEN by_part THEN r.part END)::receipt FROM receipt AS r
		WHERE r.invoice_id = number AND (r.payment_date <= as_of OR r.payment_date IS NULL));
	sign := CASE WHEN f.amount < 0 THEN -1 ELSE 1 END;
	IF f.terms = 'as ever' THEN
		RETURN QUERY SELECT 1, f.amount, f.amount - coalesce(sum(amount), 0) FROM unnest(counted);
		RETURN;
	END IF;
	SELECT count(*) INTO parts FROM dunning.instalments(f.issue_date, f.amount, f.terms::dunning.payment_terms);
	SELECT sign * coalesce(sum(amount), 0) INTO left_over FROM unnest(counted) WHERE part IS NULL OR part > parts;
	FOR p IN SELECT i.n, i.amount, sign * (i.amount - coalesce((SELECT sum(amount) FROM unnest(counted) WHERE part = i.n), 0)) AS rest
		FROM dunning.instalments(f.issue_date, f.amount, f.terms::dunning.payment_terms) AS i ORDER BY i.due_on, i.n
	LOOP
		k := k + 1;
		takes := CASE WHEN k = parts THEN left_over WHEN p.rest <= 0 THEN least(left_over, 0) ELSE least(left_over, p.rest) END;
		IF k > 1 THEN
			takes := greatest(takes, 0);
		END IF;
		left_over := left_over - takes;
		n := p.n;
		amount := p.amount;
		open_amount := sign * (p.rest - takes);
		RETURN NEXT;
	END LOOP;
END $$;
CREATE FUNCTION pg_temp.compare_parts(name text, by_part boolean) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE filled ON COMMIT DROP AS SELECT d.day, f.id, w.* FROM days AS d JOIN invoice AS f ON f.issue_date <= d.day CROSS JOIN LATERAL pg_temp.fill(f.id, d.day, by_part) AS w;
	CREATE TEMP TABLE listed ON COMMIT DROP AS SELECT d.day, o.item::text::integer AS id, o.part AS n, o.amount, o.open_amount, o.history
		FROM days AS d CROSS JOIN LATERAL dunning.ledger_items(d.day) AS o WHERE o.ledger = 'invoice';
	RETURN NEXT is_empty('(SELECT * FROM filled EXCEPT ALL SELECT day, id, n, amount, open_amount FROM listed) UNION ALL (SELECT day, id, n, amount, open_amount FROM listed EXCEPT ALL SELECT * FROM filled)',
		name || ': the parts of 31 days are those of a loop over the parts');
	RETURN NEXT is((SELECT count(*) FROM listed WHERE dunning.open_amount(history, 'infinity') IS DISTINCT FROM open_amount), 0::bigint, name || ': and their movements add up to them');
	RETURN NEXT is((SELECT count(*) FROM listed AS l JOIN filled AS f ON f.id = l.id AND f.n = l.n AND f.day <= l.day
			WHERE dunning.open_amount(l.history, f.day) IS DISTINCT FROM f.open_amount), 0::bigint, name || ': a history answers for every earlier day');
	RETURN NEXT is_empty('SELECT l.day, l.id, m.on_day FROM listed AS l CROSS JOIN LATERAL dunning.movements(l.history) AS m
		WHERE NOT EXISTS (SELECT FROM invoice AS i WHERE i.id = l.id AND i.issue_date = m.on_day) AND NOT EXISTS (SELECT FROM receipt AS r WHERE r.invoice_id = l.id AND r.payment_date = m.on_day)',
		name || ': parts move on the days of payments only');
	RETURN NEXT cmp_ok((SELECT count(*) FROM listed), '>', 5000::bigint, name || ': and there are enough of them');
	DROP TABLE filled, listed;
END $$;
SELECT dunning.adopt('invoice', columns => '{"key": "id", "payments": "receipt"}') \g /dev/null
SELECT pg_temp.compare_parts('payments that name a part', true);
CREATE INDEX ON receipt (invoice_id);
SELECT dunning.adopt('invoice', columns => '{"key": "id", "payments": "receipt"}', replace => true) \g /dev/null
SELECT pg_temp.compare_parts('the same with an index', true);
SELECT dunning.adopt('invoice', columns => '{"key": "id", "payments": {"table": "receipt", "part": null}}', replace => true) \g /dev/null
SELECT pg_temp.compare_parts('payments that name none', false);
SELECT dunning.adopt('invoice', columns => '{"key": "id", "payments": {"table": "receipt", "date": null}}', replace => true) \g /dev/null
SELECT is((SELECT sum(open_amount) FROM dunning.ledger_items('2026-12-31') WHERE ledger = 'invoice'), (SELECT sum(amount) FROM invoice) - (SELECT sum(amount) FROM receipt), 'parts without dates, with a part');

-- A published example: 100 in parts of 30, 50 and 20, of which 40 is paid, and then a credit note of 100.
CREATE TABLE sale (id integer PRIMARY KEY, customer text, issue_date date, amount numeric, terms text);
CREATE TABLE sale_receipt (sale_id integer, payment_date date, amount numeric);
INSERT INTO sale VALUES (1, 'A', '2026-01-01', 100, '30% net 30; 50% net 60; balance net 90');
SELECT dunning.adopt('sale', columns => '{"key": "id", "payments": {"table": "sale_receipt", "item": "sale_id"}}') \g /dev/null
SELECT results_eq($$ SELECT part, due_on, amount, open_amount, history::text FROM dunning.open_items('2026-04-20') WHERE ledger = 'sale' ORDER BY part $$,
	$$ VALUES (1, date '2026-01-31', 30.00, 30.00, '{2026-01-01: 30.00}'), (2, '2026-03-02', 50.00, 50.00, '{2026-01-01: 50.00}'), (3, '2026-04-01', 20.00, 20.00, '{2026-01-01: 20.00}') $$,
	'three parts, 30, 60 and 90 days from the date of the invoice');
INSERT INTO sale_receipt VALUES (1, '2026-04-15', 40);
SELECT results_eq($$ SELECT part, due_on, amount, open_amount, history::text FROM dunning.open_items('2026-04-20') WHERE ledger = 'sale' ORDER BY part $$,
	$$ VALUES (2, date '2026-03-02', 50.00, 40.00, '{2026-01-01: 50.00, 2026-04-15: -10.00}'), (3, '2026-04-01', 20.00, 20.00, '{2026-01-01: 20.00}') $$,
	'40 pay the first part and 10 of the second');
INSERT INTO sale_receipt VALUES (1, '2026-05-01', 100);
SELECT results_eq($$ SELECT day, part, amount, open_amount FROM unnest(ARRAY['2026-01-01', '2026-04-14', '2026-04-20', '2026-05-01', '2026-09-30']::date[]) AS day
		CROSS JOIN LATERAL dunning.open_items(day) AS o WHERE o.ledger = 'sale' ORDER BY day, part $$,
	$$ VALUES (date '2026-01-01', 1, 30.00, 30.00), ('2026-01-01', 2, 50.00, 50.00), ('2026-01-01', 3, 20.00, 20.00),
		('2026-04-14', 1, 30.00, 30.00), ('2026-04-14', 2, 50.00, 50.00), ('2026-04-14', 3, 20.00, 20.00),
		('2026-04-20', 2, 50.00, 40.00), ('2026-04-20', 3, 20.00, 20.00),
		('2026-05-01', 3, 20.00, -40.00), ('2026-09-30', 3, 20.00, -40.00) $$,
	'the credit note of 100 leaves 40 to the customer''s credit, in one line; the days before it stay as they were');
SELECT results_eq($$ SELECT day, dunning.aged_balance(open_amount, due_on, day, '30,60,90')::text FROM unnest(ARRAY['2026-04-20', '2026-05-01']::date[]) AS day
		CROSS JOIN LATERAL dunning.open_items(day) AS o WHERE o.ledger = 'sale' GROUP BY day ORDER BY day $$,
	$$ VALUES (date '2026-04-20', '{0.00, 20.00, 40.00, 0.00, 0.00} by 30,60,90'), ('2026-05-01', '{0.00, -40.00, 0.00, 0.00, 0.00} by 30,60,90') $$,
	'and so they age');
SELECT results_eq($$ SELECT part, history::text FROM dunning.ledger_items('2026-05-01') WHERE ledger = 'sale' ORDER BY part $$,
	$$ VALUES (1, '{2026-01-01: 30.00, 2026-04-15: -30.00}'), (2, '{2026-01-01: 50.00, 2026-04-15: -10.00, 2026-05-01: -40.00}'),
		(3, '{2026-01-01: 20.00, 2026-05-01: -60.00}') $$, 'each part with what of the payment and of the credit note it took');

--
-- What it costs
--
SELECT dunning.release_ledger(ledger) FROM dunning.ledger \g /dev/null
INSERT INTO book SELECT i, i % 400, '2026-01-01', '2026-02-01', 100 FROM generate_series(401, 20000) AS i;
ALTER TABLE book ADD PRIMARY KEY (id);
CREATE INDEX ON book (client_id);
CREATE INDEX ON pay (facture_id);
INSERT INTO by_uuid SELECT md5(id::text)::uuid, client_id, date_facture, date_echeance, montant_ttc FROM book WHERE id > 400;
ALTER TABLE by_uuid ADD PRIMARY KEY (id);
CREATE INDEX ON by_uuid (client);
ANALYZE book, pay, by_uuid, pay_uuid;
SELECT dunning.adopt('book', columns => '{"payments": "pay"}') \g /dev/null
SELECT dunning.adopt('by_uuid', columns => '{"payments": "pay_uuid"}') \g /dev/null
CREATE TEMP TABLE sources (source text);
INSERT INTO sources VALUES ('dunning.open_item'), ('dunning.open_items()'), ('dunning.open_items(''2026-05-01'')'), ('dunning.ledger_items(''2026-05-01'')'), ('dunning.open_items(dunning.today() - 30)');
SELECT ok(pg_temp.plan(format('SELECT item, open_amount FROM %s', source)) !~ 'balance_history\(|movement|array_agg|bool_and|min\(', 'a history that is not read is not made: ' || source) FROM sources;
SELECT ok(pg_temp.plan(format('SELECT item, history FROM %s', source)) ~ 'balance_history\(', 'one that is read is: ' || source) FROM sources;
SELECT ok(pg_temp.plan(format('SELECT * FROM %s WHERE %s', source, condition)) !~ 'Seq Scan', format('by the indexes of both ledgers: %s of %s', condition, source))
FROM sources CROSS JOIN (VALUES ('item = ''42'''), ('customer = ''7''')) AS c (condition);
SELECT ok(pg_temp.plan(format('SELECT * FROM %s WHERE ledger = ''book'' AND %s', source, condition)) !~ 'Seq Scan|by_uuid', format('by the index of one: %s of %s', condition, source))
FROM sources CROSS JOIN (VALUES ('item = ''42'''), ('customer = ''7''')) AS c (condition);
SELECT ok(pg_temp.plan(format('SELECT * FROM %s WHERE ledger = ''book''', source)) !~ 'by_uuid|One-Time Filter: .*false', format('only the ledger that is asked for: %s', source)) FROM sources;
SELECT ok(pg_temp.plan('SELECT * FROM dunning.worklist WHERE item = ''42''') !~ 'Seq Scan on public', 'the work list, too');
PREPARE one (date, text) AS SELECT * FROM dunning.open_items($1) WHERE item = $2;
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT ok(pg_temp.plan('EXECUTE one (''2026-05-01'', ''42'')') !~ 'Seq Scan', 'and a prepared statement that does not know the day');
RESET plan_cache_mode;

--
-- What the ERP does
--
ALTER TABLE book RENAME COLUMN montant_ttc TO "Montant TTC";
ALTER TABLE book RENAME TO livre;
SELECT is((SELECT open_amount FROM dunning.open_items('2026-05-01') WHERE ledger = 'book' AND item = '500'), 100.00, 'a column and a table that are renamed are still read');
SELECT is(pg_temp.try('DROP TABLE livre'), '2BP01: cannot drop table livre because other objects depend on it', 'a table that is adopted stays');
CREATE ROLE dunning_history_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA dunning TO dunning_history_reader;
SET LOCAL ROLE dunning_history_reader;
SELECT is(pg_temp.try(format('SELECT count(*) FROM %s', source)), '42501: permission denied for table livre', 'no right on the table, no items: ' || source)
FROM (VALUES ('dunning.open_items(''2026-05-01'')'), ('dunning.ledger_items(''2026-05-01'')')) AS v (source);
RESET ROLE;
GRANT SELECT ON livre, pay, by_uuid, pay_uuid TO dunning_history_reader;
ALTER TABLE livre ENABLE ROW LEVEL SECURITY;
CREATE POLICY one ON livre TO dunning_history_reader USING (id = 500);
SET LOCAL ROLE dunning_history_reader;
SELECT is((SELECT array_agg(item::text) FROM dunning.open_items('2026-05-01') WHERE ledger = 'book'), ARRAY['500'], 'and the policies of the table are those of the reader');
RESET ROLE;
-- operators of a schema that somebody puts in front
CREATE SCHEMA before;
CREATE FUNCTION before.always(numeric, numeric) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
CREATE OPERATOR before.= (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = before.always);
CREATE FUNCTION before.always(date, date) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
CREATE OPERATOR before.<= (LEFTARG = date, RIGHTARG = date, FUNCTION = before.always);
SELECT count(*) AS open_before FROM dunning.open_items('2026-05-01') \gset
SET LOCAL search_path = before, pg_catalog, public;
SELECT public.is((SELECT count(*) FROM dunning.open_items('2026-05-01')), :open_before::bigint, 'no search_path changes what is open');
RESET search_path;
DROP TABLE livre CASCADE;
SELECT is((SELECT count(*) FROM pg_extension WHERE extname = 'pg_dunning'), 1::bigint, 'DROP TABLE CASCADE leaves the extension alone');
SELECT matches(pg_temp.try('SELECT count(*) FROM dunning.open_items(''2026-05-01'')'), '^55000: ledger "book" cannot be read', 'but the whole is not read without it');
SELECT is(pg_temp.try('SELECT count(*) FROM dunning.open_items(''2026-05-01'') WHERE ledger = ''by_uuid'''), 'ok', 'the other ledger is');
SELECT is((SELECT count(*) FROM pg_proc WHERE proname ~ '^ledger_items_[0-9]'), 3::bigint, 'of the ledger what says so is left');
SELECT is(pg_temp.try('SELECT dunning.release_ledger(''book'')'), 'ok', 'until the ledger is released');
SELECT is((SELECT count(DISTINCT ledger) FROM dunning.open_items('2026-05-01')), 1::bigint, 'then the others are');
SELECT dunning.release_ledger('by_uuid') \g /dev/null
SELECT is_empty('SELECT * FROM dunning.ledger_items(''2026-05-01'')', 'no ledger, no items');
SELECT is((SELECT count(*) FROM pg_proc WHERE proname ~ '^ledger_items_[0-9]'), 0::bigint, 'and nothing is left behind');

--
-- Amounts and days that a history cannot hold stop nobody
--
CREATE TABLE odd (id integer PRIMARY KEY, customer integer, issue_date date, due_date date, amount numeric);
CREATE TABLE odd_pay (odd_id integer, payment_date date, amount numeric);
INSERT INTO odd VALUES (1, 1, '2026-01-01', '2026-02-01', 'NaN'), (2, 1, '2026-01-01', '2026-02-01', 'Infinity'), (3, 1, '2026-01-01', '2026-02-01', 1e20),
	(4, 1, '2026-01-01', '2026-02-01', 1.0000000000000001), (5, 1, '2026-01-01', '2026-02-01', 5), (6, 1, '2026-01-01', '2026-02-01', 6),
	(7, 1, '-infinity', '2026-02-01', 7), (8, 1, '2026-01-01', 'infinity', 8), (9, 1, NULL, '-infinity', 9), (10, 1, '0044-03-15 BC', '2026-02-01', 10), (11, 1, '2026-01-01', '2026-02-01', 11);
INSERT INTO odd_pay VALUES (5, '2026-03-01', 'NaN'), (6, '-infinity', 1), (7, '2026-03-01', 1), (8, 'infinity', 1), (9, NULL, 1), (11, '2026-03-01', 2);
SELECT dunning.adopt('odd', columns => '{"payments": {"table": "odd_pay", "item": "odd_id"}}') \g /dev/null
SELECT results_eq('SELECT item::text::integer, open_amount, history::text FROM dunning.open_item ORDER BY 1',
	$$ VALUES (1, 'NaN'::numeric, NULL), (2, 'Infinity', NULL), (3, 1e20, NULL), (4, 1, '{2026-01-01: 1}'), (5, 'NaN', NULL), (6, 5, '{2026-01-01: 6, 2026-01-01: -1}'),
		(7, 6, '{2026-02-01: 7, 2026-03-01: -1}'), (8, 8, '{2026-01-01: 8}'), (9, 8, '{2026-09-30: 9, 2026-09-30: -1}'), (10, 10, '{2026-02-01: 10}'), (11, 9, '{2026-01-01: 11, 2026-03-01: -2}') $$,
	'they have no history, and the others have theirs');
SELECT lives_ok('SELECT * FROM dunning.worklist', 'the work list lists them all');
ALTER TABLE odd RENAME due_date TO paid_until;
ALTER TABLE odd ADD terms text DEFAULT '50% net 10; balance net 30';
DELETE FROM odd WHERE id NOT IN (1, 2, 3, 4, 5, 11);
INSERT INTO odd_pay VALUES (1, '2026-03-01', 1), (3, '2026-03-01', 1), (4, '2026-03-01', 1), (11, '2026-02-01', NULL);
SELECT dunning.adopt('odd', columns => '{"due_on": null, "terms": "terms"}', replace => true) \g /dev/null
SELECT results_eq('SELECT item::text::integer, part, history::text FROM dunning.open_item ORDER BY 1, 2',
	$$ VALUES (1, 1, NULL), (2, 1, NULL), (3, 1, NULL), (3, 2, NULL), (5, 1, NULL), (5, 2, NULL), (11, 1, '{2026-01-01: 5.50, 2026-03-01: -2.00}'), (11, 2, '{2026-01-01: 5.50}') $$,
	'nor the parts of an item');
SELECT dunning.release_ledger('odd') \g /dev/null

--
-- Professionals and consumers
--
CREATE TABLE client (id integer PRIMARY KEY, nom text, est_professionnel boolean);
CREATE TABLE vente (id integer PRIMARY KEY, client_id integer REFERENCES client, date_facture date, date_echeance date, montant_ttc numeric, is_company boolean);
CREATE TABLE recu (facture integer, paid_on date, montant numeric);
INSERT INTO client VALUES (1, 'Entreprise', true), (2, 'Particulier', false), (3, 'Inconnu', NULL);
INSERT INTO vente SELECT i, 1 + i % 3, '2026-01-01', '2026-01-31', 1000, i % 2 = 0 FROM generate_series(1, 6) AS i;
INSERT INTO recu SELECT i, '2026-03-02', 400 FROM generate_series(1, 6) AS i;
INSERT INTO dunning.rule (name, rule) VALUES ('house', '12%; compensation 40 EUR'), ('private', '5%'), ('other', '6%');
SELECT is((SELECT array_agg(concat_ws(' ', source, why) ORDER BY field) FROM dunning.adopt('vente', columns => '{"payments": "recu"}', rule => 'house', consumer_rule => 'private')
	WHERE field IN ('professional', 'customers.professional', 'consumer rule', 'rule')), ARRAY['private', 'public.client.est_professionnel by its name', 'is_company by its name', 'house'], 'the professional is known by names in two languages');
SELECT results_eq('SELECT customer_name, professional, late_interest, compensation FROM dunning.worklist JOIN dunning.open_item USING (ledger, item, part, customer_name) ORDER BY item',
	$$ SELECT c.nom, c.est_professionnel,
		(SELECT round(sum(CASE WHEN d <= '2026-03-02' THEN 1000 ELSE 600 END * CASE WHEN c.est_professionnel IS FALSE THEN 5 ELSE 12 END) / 36500.0, 2) FROM generate_series(timestamp '2026-02-01', '2026-09-30', interval '1 day') AS d),
		CASE WHEN c.est_professionnel IS FALSE THEN 0 ELSE 40 END::numeric
	FROM vente AS v JOIN client AS c ON c.id = v.client_id ORDER BY v.id $$,
	'each pays by his own rule, on what was open each day');
SELECT is(pg_temp.try(format('DELETE FROM dunning.rule WHERE name = %L', name)), answer, 'a rule that is in use, and one that is not: ' || name)
FROM (VALUES ('house', '23503: rule "house" is in use by the ledger "vente"'), ('private', '23503: rule "private" is in use by the ledger "vente"'), ('other', 'ok')) AS v (name, answer);
SELECT dunning.adopt('vente', replace => true) \g /dev/null
SELECT is((SELECT rule || ' ' || consumer_rule FROM dunning.ledger), 'house private', 'adopted again it keeps its rules');
SELECT dunning.adopt('vente', consumer_rule => NULL, replace => true) \g /dev/null
SELECT is((SELECT rule || ' ' || coalesce(consumer_rule, 'none') FROM dunning.ledger), 'house none', 'or loses the one for consumers');
SELECT is((SELECT count(DISTINCT late_interest) FROM dunning.worklist), 1::bigint, 'then all pay by one');
SELECT is(pg_temp.try('SELECT dunning.adopt(''vente'', consumer_rule => ''x'', replace => true)'), '42704: penalty rule "x" does not exist', 'a rule that is not there');
SELECT dunning.adopt('vente', columns => '{"payments": "recu", "customers": null}', replace => true) \g /dev/null
SELECT is((SELECT array_agg(professional ORDER BY item) FROM dunning.open_item), ARRAY[false, true, false, true, false, true], 'or the items say it');
SELECT dunning.adopt('vente', columns => '{"payments": "recu", "customers": null, "professional": null}', replace => true) \g /dev/null
SELECT is((SELECT array_agg(DISTINCT professional) FROM dunning.open_item), ARRAY[NULL]::boolean[], 'or nobody does');
SELECT is(pg_temp.try('SELECT dunning.adopt(''vente'', columns => ''{"professional": "id"}'', replace => true)'), '42804: column "id" of public.vente is of type integer', 'a flag is a boolean');

SELECT * FROM finish();
ROLLBACK;
