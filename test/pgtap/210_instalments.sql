-- A ledger whose due dates come from payment terms: one open item a part.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SELECT no_plan();
SELECT setseed(0.3) \g /dev/null

CREATE TABLE facture (id integer PRIMARY KEY, client text, date_facture date, montant_ttc numeric(12,2), conditions_paiement text);
CREATE TABLE reglement (id serial PRIMARY KEY, facture_id integer, date_reglement date, montant numeric(12,2), part integer);
CREATE INDEX ON reglement (facture_id);
INSERT INTO facture VALUES
	(1, 'A', '2026-01-15', 1000, '30 % à la commande, solde à 60 jours nets'),
	(2, 'A', '2026-01-15', 100.01, '30% on order; 30% net 30; balance net 60'),
	(3, 'B', '2026-01-15', -90, 'net 30'),
	(4, 'B', '2026-01-15', 50, 'whenever you like'),
	(5, 'B', '2026-01-10', 100, NULL),
	(6, 'C', '2026-01-15', 1000, '30% net 30; 50% net 60; balance net 90');
INSERT INTO reglement (facture_id, date_reglement, montant, part) VALUES
	(1, '2026-01-20', 300, NULL), (2, '2026-02-01', 10, NULL), (6, '2026-02-20', 200, 3), (6, '2026-02-25', 400, NULL);
SET LOCAL dunning.today = '2026-05-01';

SELECT results_eq($$ SELECT field, source, why FROM dunning.adopt('facture', columns => '{"payments": "reglement"}', watch => true)
		WHERE field IN ('due_on', 'terms', 'payments.part') $$,
	$$ VALUES ('due_on', NULL, 'from the payment terms, one open item a part'), ('terms', 'conditions_paiement', 'by its name'),
		('payments.part', 'public.reglement.part', 'by its name') $$, 'terms are found by their name and give the due dates');
SELECT results_eq('SELECT item::text, part, due_on, amount, open_amount FROM dunning.open_item ORDER BY item, part',
	$$ VALUES ('1', 2, DATE '2026-03-16', 700.00, 700.00),
		('2', 1, '2026-01-15', 30.00, 20.00), ('2', 2, '2026-02-14', 30.00, 30.00), ('2', 3, '2026-03-16', 40.01, 40.01),
		('3', 1, '2026-02-14', -90.00, -90.00),
		('4', 1, NULL, 50.00, 50.00), ('5', 1, NULL, 100.00, 100.00),
		('6', 2, '2026-03-16', 500.00, 400.00) $$,
	'payments fill the parts in the order of their due dates, or the part that they name; terms that give nothing lose nothing');
SELECT results_eq('SELECT item::text, problem FROM dunning.worklist WHERE problem IS NOT NULL ORDER BY item',
	$$ VALUES ('4', 'the due date is missing'), ('5', 'the due date is missing') $$, 'and are seen as problems');

SELECT is(dunning.run_reminders(dunning.today()), 5, 'a reminder for each part that is late');
SELECT is(dunning.run_reminders(dunning.today()), 0, 'and none twice');
SELECT results_eq('SELECT part, count(*) FROM dunning.reminder WHERE item = ''2'' GROUP BY part ORDER BY part',
	'VALUES (1, 1::bigint), (2, 1), (3, 1)', 'the parts climb on their own');
INSERT INTO reglement (facture_id, date_reglement, montant) VALUES (2, '2026-04-30', 50);
SELECT results_eq('SELECT part, state::text FROM dunning.reminder WHERE item = ''2'' ORDER BY part',
	$$ VALUES (1, 'cancelled'), (2, 'cancelled'), (3, 'pending') $$, 'a payment settles the parts that it fills');
SELECT is((SELECT open_amount FROM dunning.open_item WHERE item = '2'), 40.01, 'and no more');
INSERT INTO reglement (facture_id, date_reglement, montant) VALUES (6, '2026-04-30', 900);
SELECT results_eq('SELECT part, open_amount FROM dunning.open_item WHERE item = ''6''', 'VALUES (3, -500.00)', 'what is too much stays with the last part');
INSERT INTO reglement (facture_id, date_reglement, montant) VALUES (6, '2026-04-30', -1500);
SELECT results_eq('SELECT part, open_amount FROM dunning.open_item WHERE item = ''6'' ORDER BY part',
	'VALUES (1, 500.00), (2, 500.00)', 'what was taken back beyond that with the first');
SET LOCAL dunning.today = '2026-01-31';
SELECT results_eq('SELECT part, open_amount FROM dunning.open_item WHERE item IN (''2'', ''6'') ORDER BY item, part',
	'VALUES (1, 30.00), (2, 30.00), (3, 40.01), (1, 300.00), (2, 500.00), (3, 200.00)', 'the parts of a past day');

-- random invoices, terms and payments against a loop over the parts
TRUNCATE facture, reglement;
INSERT INTO facture
SELECT i, 'c' || i % 7, '2026-01-01'::date + i % 90, round(((random() - 0.2) * 5000)::numeric, 2),
	(ARRAY['net 30', '50% net 60; balance net 30', '30% on order; 30% net 30; balance net 60', '33.33% net 10; 33.33% net 20; balance net 30',
		'10% net 90; 10% net 90; 10% net 5; balance net 45', '100.00 EUR net 10; balance net 40'])[1 + i % 6]
FROM generate_series(1, 600) AS i;
INSERT INTO reglement (facture_id, date_reglement, montant, part)
SELECT f.id, f.date_facture + k * 7, round((f.montant_ttc * (random() * 0.6 - 0.05))::numeric, 2), CASE WHEN random() < 0.3 THEN 1 + (random() * 4)::integer END
FROM facture AS f, generate_series(1, 4) AS k WHERE random() < 0.7;
SET LOCAL dunning.today = '2026-12-31';

CREATE FUNCTION pg_temp.fill(invoice integer) RETURNS TABLE (n integer, open_amount numeric) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	f facture; p record; parts integer; sign integer; left_over numeric; takes numeric; k integer := 0;
BEGIN
	SELECT * INTO f FROM facture WHERE id = invoice;
	sign := CASE WHEN f.montant_ttc < 0 THEN -1 ELSE 1 END;
	SELECT count(*) INTO parts FROM dunning.instalments(f.date_facture, f.montant_ttc, f.conditions_paiement::dunning.payment_terms);
	SELECT sign * coalesce(sum(montant), 0) INTO left_over FROM reglement WHERE facture_id = invoice AND (part IS NULL OR part > parts);
	FOR p IN SELECT i.n, sign * (i.amount - coalesce((SELECT sum(montant) FROM reglement WHERE facture_id = invoice AND part = i.n), 0)) AS rest
		FROM dunning.instalments(f.date_facture, f.montant_ttc, f.conditions_paiement::dunning.payment_terms) AS i ORDER BY i.due_on, i.n
	LOOP
		k := k + 1;
		takes := CASE WHEN k = parts THEN left_over WHEN p.rest <= 0 THEN least(left_over, 0) ELSE least(left_over, p.rest) END;
		IF k > 1 THEN
			takes := greatest(takes, 0);
		END IF;
		left_over := left_over - takes;
		n := p.n;
		open_amount := sign * (p.rest - takes);
		IF open_amount <> 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;
CREATE TEMP TABLE got AS SELECT item::text::integer AS id, part, open_amount FROM dunning.open_item;
CREATE TEMP TABLE wanted AS SELECT f.id, w.n AS part, w.open_amount FROM facture AS f CROSS JOIN LATERAL pg_temp.fill(f.id) AS w;
SELECT cmp_ok((SELECT count(*) FROM got), '>', 500::bigint, 'enough parts are open');
SELECT is_empty('(SELECT * FROM got EXCEPT ALL SELECT * FROM wanted) UNION ALL (SELECT * FROM wanted EXCEPT ALL SELECT * FROM got)',
	'every part is what a loop over the parts fills');
SELECT is((SELECT sum(open_amount) FROM dunning.open_item), (SELECT sum(montant_ttc) FROM facture) - (SELECT sum(montant) FROM reglement),
	'and together they are what is owed');

-- the same invoices with a column of open amounts, and the typed terms
CREATE TABLE invoice AS SELECT f.id, f.client, f.date_facture AS invoice_date, f.montant_ttc AS amount, f.conditions_paiement::dunning.payment_terms AS terms,
	f.montant_ttc - coalesce((SELECT sum(r.montant) FROM reglement AS r WHERE r.facture_id = f.id), 0) AS open_amount FROM facture AS f;
SELECT dunning.adopt('invoice') \g /dev/null
SELECT is((SELECT sum(open_amount) FROM dunning.open_item WHERE ledger = 'invoice'), (SELECT sum(open_amount) FROM invoice), 'by a column of open amounts');
SELECT throws_ok($$ SELECT dunning.adopt('invoice', columns => '{"issued_on": null}', replace => true) $$, '42703', NULL, 'terms need the issue date');

SELECT * FROM finish();
ROLLBACK;
