-- Texts and values of terms that must not be taken for something else.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();

SELECT throws_ok(format('SELECT %L::dunning.payment_terms', t), '22P02', NULL, 'refused: ' || t)
FROM unnest(ARRAY['1,000 EUR on order; balance net 30', '1.000 EUR on order; balance net 30', 'amount 1,000 on order; balance net 30', '1.125 EUR on order; balance net 30',
	'net 1 000', 'net 30 20', 'net 30 days 5 days', '1e9 days', 'net 2e30 days', '2 weeks + 10 days EOM']) AS t;
SELECT is(t::dunning.payment_terms::text, c, 'read: ' || t)
FROM (VALUES ('1000,50 EUR on order; balance net 30', '1000.50 EUR on order; balance net 30'), ('1.1250 EUR on order; balance net 30', '1.1250 EUR on order; balance net 30'),
	('fin de mois 45 jours', 'end of month + 45 days'), ('2/10 net 30', '2% 10 days, net 30'), ('30 EOM', 'end of month + 30 days'),
	(E'#SKONTO#TAGE=14#PROZENT=2.00#\n#SKONTO#TAGE=7#PROZENT=3.00#', '2% 14 days, 3% 7 days, net 14')) AS v (t, c);
SELECT is(dunning.describe('1.1250 EUR on order; balance net 30', l)::dunning.payment_terms, '1.1250 EUR on order; balance net 30', 'described in ' || l || ' and read back')
FROM unnest(ARRAY['en', 'fr']) AS l;
SELECT is(dunning.terms_form(t::dunning.payment_terms, 'xrechnung'), NULL, 'no XRechnung form for ' || t)
FROM unnest(ARRAY['2% 14 days, net 30; following business day', '2% 14 days, net 30; tax reduced never']) AS t;
SELECT throws_ok(format('SELECT dunning.discount(''2026-03-05'', %s, ''2026-03-05'', ''2/10 net 30; tax reduced never'', %s)', a, t), '22023', NULL, format('an amount of %s with a tax of %s', a, t))
FROM (VALUES (100, 200), (100, -20), (-100, 20), (-100, -200)) AS v (a, t);
SELECT is(dunning.discount('2026-03-05', -121, '2026-03-05', '2/10 net 30; tax reduced never', -21), -2.00, 'a credit note has a tax of its own sign');

-- an amount that is no number is one part without a due date, and stops nobody
CREATE TABLE facture (id integer PRIMARY KEY, client text, date_facture date, montant_ttc numeric, conditions_paiement text, paye numeric);
INSERT INTO facture VALUES (1, 'A', '2026-01-15', 'NaN', '50% net 5; balance net 10', 0), (2, 'A', '2026-01-15', 100, '50% net 5; balance net 10', 0);
SET LOCAL dunning.today = '2026-03-01';
SELECT dunning.adopt('facture', columns => '{"paid_amount": "paye"}') \g /dev/null
SELECT results_eq('SELECT item::text, part, problem FROM dunning.worklist ORDER BY item, part',
	$$ VALUES ('1', 1, 'the due date is missing'), ('2', 1, NULL), ('2', 2, NULL) $$, 'NaN among the amounts');

SELECT * FROM finish();
ROLLBACK;
