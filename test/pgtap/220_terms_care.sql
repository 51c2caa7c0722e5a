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
SELECT is(dunning.describe_terms('1.1250 EUR on order; balance net 30', l)::dunning.payment_terms, '1.1250 EUR on order; balance net 30', 'described in ' || l || ' and read back')
FROM unnest(ARRAY['en', 'fr', 'de', 'nl', 'it', 'es']) AS l;
SELECT is(dunning.terms_form(t::dunning.payment_terms, 'xrechnung'), NULL, 'no XRechnung form for ' || t)
FROM unnest(ARRAY['2% 14 days, net 30; following business day', '2% 14 days, net 30; tax reduced never']) AS t;
SELECT throws_ok(format('SELECT dunning.discount(''2026-03-05'', %s, ''2026-03-05'', ''2/10 net 30; tax reduced never'', %s)', a, t), '22023', NULL, format('an amount of %s with a tax of %s', a, t))
FROM (VALUES (100, 200), (100, -20), (-100, 20), (-100, -200)) AS v (a, t);
SELECT is(dunning.discount('2026-03-05', -121, '2026-03-05', '2/10 net 30; tax reduced never', -21), -2.00, 'a credit note has a tax of its own sign');

-- The amount of which a discount is a percentage: BASISBETRAG of XRechnung.
SELECT results_eq($$ SELECT n, percent, until, discount, to_pay
		FROM dunning.discount_offers('2026-03-02', 5000.00, E'#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=1000.00#\n') $$,
	$$ VALUES (1, 2.00, '2026-03-16'::date, 20.00, 4980.00) $$, 'two percent of the base');
SELECT results_eq(format($$ SELECT percent, discount FROM dunning.discount_offers('2026-03-02', %s, %L) $$, amount, terms), format('VALUES %s', offers),
	regexp_replace(format('%s of %s', terms, amount), '\s+', ' ', 'g'))
FROM (VALUES
	(5000.00, E'#SKONTO#TAGE=7#PROZENT=3.00#BASISBETRAG=357.93#\n#SKONTO#TAGE=14#PROZENT=2.00#\n', '(3.00, 10.74), (2.00, 100.00)'),
	(5000.00, E'#SKONTO#TAGE=7#PROZENT=3.00#BASISBETRAG=1000.00#\r\n#SKONTO#TAGE=14#PROZENT=2.25#BASISBETRAG=2000.00#\r\n',
		'(3.00, 30.00), (2.25, 45.00)'),
	(500.00, '#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=1000.00#', '(2.00, 10.00)'),
	(0, '#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=1000.00#', '(2.00, 0.00)'),
	(5000.00, '#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=0.00#', '(2.00, 0.00)'),
	(-5000.00, '#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=1000.00#', '(2.00, -20.00)'),
	(-5000.00, '#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=-1000.00#', '(2.00, -20.00)'),
	(-500.00, '#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=-1000.00#', '(2.00, -10.00)'),
	(12345678901234567890.00, '#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=999999999999.99#',
		'(2.00, 20000000000.00)')) AS v (amount, terms, offers);
SELECT is(dunning.discount('2026-03-02', amount, paid_on::date,
	'3% of 500.00 within 7 days, 2% of 2000 within 14 days, 1% 20 days, net 30'), discount,
	format('the largest discount of %s on %s', amount, paid_on))
FROM (VALUES (1000.00, '2026-03-09', 20.00), (1000.00, '2026-03-17', 10.00), (5000.00, '2026-03-16', 50.00),
	(9000.00, '2026-03-09', 90.00),
	(-1000.00, '2026-03-09', -20.00), (1000.00, '2026-03-23', 0.00)) AS v (amount, paid_on, discount);
-- by 100.00 and 21.00 of tax, of which only the 100.00 are discounted
SELECT is(dunning.discount('2026-03-02', 121, '2026-03-02', '2% of 50.00 on receipt, net 30; tax reduced never', 21), 1.00,
	'a base is what it says, with tax or without');
SELECT is(dunning.discount('2026-03-02', 121, '2026-03-02', '2% of 110.00 on receipt, net 30; tax reduced never', 21), 2.00,
	'but no more than the amount without tax');
SELECT results_eq($$ SELECT percent, discount, to_pay FROM dunning.discount_offers('2026-03-02', 1000,
	'2% of 400.00 discount within 10 days; 30% on order; balance net 60') $$,
	$$ VALUES (2.0, 8.00, 992.00) $$, 'before instalments');
SELECT results_eq($$ SELECT due_on, amount FROM dunning.instalments('2026-03-02', 1000, '2% of 400.00 discount within 10 days;
	30% on order; balance net 60') $$,
	$$ VALUES ('2026-03-02'::date, 300.00), ('2026-05-01', 700.00) $$, 'which are parts of the whole amount');

-- it is part of the value, in all its forms
CREATE TEMP TABLE based (literal text, canonical text, xrechnung text);
INSERT INTO based VALUES
	('#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=1000.00#', '2% of 1000.00 within 14 days, net 14',
		'#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=1000.00#'),
	('#SKONTO#TAGE=14#PROZENT=2.25#BASISBETRAG=-357.93#', '2.25% of 357.93 within 14 days, net 14',
		'#SKONTO#TAGE=14#PROZENT=2.25#BASISBETRAG=357.93#'),
	('#SKONTO#TAGE=0#PROZENT=2.00#BASISBETRAG=0.00#', '2% of 0.00 on receipt, on receipt', '#SKONTO#TAGE=0#PROZENT=2.00#BASISBETRAG=0.00#'),
	('2% of 1000 within 14 days, net 30', '2% of 1000.00 within 14 days, net 30', '#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=1000.00#'),
	('2% of 1000.5025 within 14 days, net 30', '2% of 1000.5025 within 14 days, net 30', NULL),
	('escompte de 2 % de 1000,00 à 14 jours, 30 jours fin de mois', '2% of 1000.00 within 14 days, 30 days end of month',
		'#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=1000.00#'),
	('2 % sur 1000,00 d''escompte sous 8 jours, 30 jours nets', '2% of 1000.00 within 8 days, net 30',
		'#SKONTO#TAGE=8#PROZENT=2.00#BASISBETRAG=1000.00#'),
	('2% of 1000.00 end of month + 10 days, net 60', '2% of 1000.00 end of month + 10 days, net 60', NULL),
	('3% of 50 within 7 days; 40% net 30; 60% net 60', '3% of 50.00 discount within 7 days; 40% net 30; 60% net 60',
		'#SKONTO#TAGE=7#PROZENT=3.00#BASISBETRAG=50.00#');
SELECT is(literal::dunning.payment_terms::text, canonical, 'canonical: ' || literal) FROM based;
SELECT is(canonical::dunning.payment_terms, literal::dunning.payment_terms, 'reads back: ' || canonical) FROM based;
SELECT is(dunning.terms_form(literal::dunning.payment_terms, 'xrechnung'), xrechnung, 'as XRechnung: ' || canonical) FROM based;
SELECT is(dunning.terms_form(literal::dunning.payment_terms, 'short'), NULL, 'no short form: ' || canonical) FROM based;
SELECT is(dunning.describe_terms(literal::dunning.payment_terms, l)::dunning.payment_terms, literal::dunning.payment_terms,
	'described in ' || l || ' and read back: ' || canonical)
FROM based, unnest(ARRAY['en', 'fr', 'de', 'nl', 'it', 'es']) AS l;
SELECT is(dunning.describe_terms('2.5% of 1000.00 within 14 days, net 30', l), text, 'in ' || l)
FROM (VALUES ('en', '2.5% of 1000.00 discount within 14 days, 30 days net'),
	('fr', 'escompte de 2,5 % de 1000,00 à 14 jours, 30 jours nets'),
	('de', '2,5 % von 1000,00 Skonto 14 Tage, 30 Tage netto'),
	('nl', '2,5% van 1000,00 betalingskorting binnen 14 dagen, 30 dagen netto')) AS v (l, text);
SELECT is(_dunning.payment_terms_send('#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=1000.00#'),
	'\x01'::bytea || convert_to('2% of 1000.00 within 14 days, net 14', 'UTF8'), 'binary');
SELECT isnt('2% of 1000.00 within 14 days, net 14'::dunning.payment_terms, t::dunning.payment_terms, 'not equal: ' || t)
FROM unnest(ARRAY['2% 14 days, net 14', '2% of 1000.01 within 14 days, net 14', '2% of 0.00 within 14 days, net 14']) AS t;
SELECT isnt('2% of 0.00 within 14 days, net 14'::dunning.payment_terms, '2% 14 days, net 14', 'a base of nothing is not the whole');
SELECT results_eq($$ SELECT percent, rule, base FROM dunning.terms_discounts('3% 7 days, 2% of 1000.00 within 14 days, net 30') $$,
	$$ VALUES (3.0, '7 days', NULL::numeric), (2, '14 days', 1000) $$, 'taken apart');
SELECT is(dunning.annualised_cost('2% of 1000.00 within 14 days, net 30'), NULL, 'what letting it pass costs depends on the amount');
SELECT throws_ok(format('SELECT %L::dunning.payment_terms', t), state, NULL, 'refused: ' || t)
FROM (VALUES ('#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=1.000#', '22P02'),
	('#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=1000,000#', '22P02'), ('#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=#', '22P02'),
	('#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=x#', '22P02'), ('#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=--1.00#', '22P02'),
	('#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=1.00', '22P02'),
	('#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=1000000000000.01#', '22003'),
	('#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=1.00001#', '22003'), ('#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG1.00#', '22P02'),
	('100/0', '22003'), ('2% of 1,000 within 14 days, net 30', '22P02'), ('2% of 10 days, net 30', '22P02'), ('2% of 1000.00', '22P02'),
	('2% of -5.00 within 14 days, net 30', '22P02'),
	('30% of 100 on order; balance of 50 net 30', '22P02'), (E'#VERZUG#TAGE=14#PROZENT=9.00#\n', '22P02')) AS v (t, state);

-- a column of texts, read or not
SELECT results_eq($$ SELECT t, dunning.try_terms(t)::text, dunning.terms_problem(t) FROM unnest(ARRAY['30 jours fin de mois', '30 jours ouvrables', 'à définir', '', NULL]) AS t $$,
	$$ VALUES ('30 jours fin de mois', '30 days end of month', NULL), ('30 jours ouvrables', NULL, 'at character 10: a day rule, ",", ";" or the end was expected'),
		('à définir', NULL, 'at character 3: a day rule such as "net 30", "45 days end of month" or "on the 15th" was expected'),
		('', NULL, 'at character 1: a day rule such as "net 30", "45 days end of month" or "on the 15th" was expected'), (NULL, NULL, NULL) $$,
	'try_terms and terms_problem');
-- of more texts than a call site keeps, in any order, with short ones, long ones and ones that are none
CREATE TABLE written AS SELECT n, (r * 37 + n * 11) % 301 AS k, CASE n % 5 WHEN 0 THEN 'net ' || n WHEN 1 THEN n || ' jours' WHEN 2 THEN 'net ' || n || repeat(' ', 9000) WHEN 3 THEN 'as ever ' || n ELSE '' END AS terms
	FROM generate_series(1, 300) AS n CROSS JOIN generate_series(1, 7) AS r ORDER BY md5((n * r)::text);
SELECT is_empty($$ SELECT n FROM written WHERE dunning.try_terms(terms)::text IS DISTINCT FROM CASE WHEN n % 5 < 3 THEN 'net ' || n END $$, 'each text has its own terms');
SELECT is_empty($$ SELECT n FROM written WHERE n % 5 < 3 AND dunning.due_date('2026-01-01', terms) <> date '2026-01-01' + n $$, 'and its own due dates');
SELECT is((SELECT count(DISTINCT t) FROM (SELECT dunning.try_terms(terms) AS t FROM written ORDER BY k OFFSET 0) AS s), 180::bigint, 'which stay when they are sorted');
SELECT throws_ok($$ SELECT count(dunning.due_date('2026-01-01', terms)) FROM written $$, '22P02', NULL, 'one that is none is an error');

-- a discount that can end after the due date has its place
SELECT is(dunning.terms_problem('14 Tage netto, 30 Tage 2% Skonto'), 'at character 16: a discount that never ends after the due date was expected', 'the place of a late discount');

-- of several discounts each counts from the end of the month, in the short form too
SELECT is(f::dunning.payment_terms::text, '2% end of month + 10 days, 1% end of month + 20 days, end of month + 30 days', 'read back: ' || f)
FROM dunning.terms_form('2% end of month + 10 days, 1% end of month + 20 days, end of month + 30 days', 'short') AS f;

-- what a text may say beside its terms, and how it may say them
SELECT is(t::dunning.payment_terms::text, c, 'read: ' || regexp_replace(t, '\s+', ' ', 'g'))
FROM (VALUES ('virement à 45 jours fin de mois', '45 days end of month'), ('30 JFM', '30 days end of month'), ('45 jours FM', '45 days end of month'),
	('30 jours le 10 et le 25', '30 days on the 10th or 25th'), ('30/60/90 jours', '1/3 of the total net 30; 1/3 of the total net 60; balance net 90'),
	('30/60 jours fin de mois le 10', '50% 30 days end of month on the 10th; balance 60 days end of month on the 10th'),
	('50/50', '50% on order; 50% on delivery'), ('1/3 à la commande, 1/3 à la livraison, 1/3 à 30 jours', '1/3 of the total on order; 1/3 of the total on delivery; balance net 30'),
	('la moitié à la commande, le solde à 30 jours', '50% on order; balance net 30'),
	('30% maintenant, le solde à 60 jours', '30% on receipt; balance net 60'), ('acompte de 30 %, 60 jours nets', '30% on order; balance net 60'),
	('30 % à la commande, 60 jours fin de mois', '30% on order; balance 60 days end of month'), ('12% discount on order, net 30', '12% discount on order, net 30'),
	('30 jours nets, escompte 2 % à 10 jours', '2% 10 days, net 30'), ('30 Tage netto, 10 Tage 2% Skonto', '2% 10 days, net 30'),
	('10 jours ouvrés', 'net 10 business days'), ('3 business days end of month', '3 business days end of month'),
	('14 days from receipt of invoice', 'net 14'), ('30 jours après livraison', 'on delivery + 30 days'), ('trente (30) jours', 'net 30'),
	('dernier jour du mois suivant', 'end of the following month'), ('20th of the month following', 'on the 20th of the following month'), ('net 30.', 'net 30'),
	('2/10 EOM net 30', '2% end of month + 10 days, end of month + 30 days'), ('2% 10 EOM net 30', '2% end of month + 10 days, end of month + 30 days'),
	('2% 10, Net 30 EOM', '2% 10 days, end of month + 30 days'), ('2/10, net 30 EOM', '2% 10 days, end of month + 30 days'),
	('30 jours fin de mois le dernier jour du mois', '30 days end of month'), ('le 04/05/2026', 'on 2026-05-04'),
	(E'30 days net\n#SKONTO#TAGE=14#PROZENT=2.00#\nThank you for your order!\n', '2% 14 days, net 30'),
	(E'#SKONTO#TAGE=14#PROZENT=2.00#\n#SKONTO#TAGE=30#PROZENT=0.00#\n', '2% 14 days, net 30'),
	(E'#SKONTO#TAGE=14#PROZENT=2.00#\n#VERZUG#TAGE=30#PROZENT=9.00#\nLieferung frei Haus\n', '2% 14 days, net 14')) AS v (t, c);
SELECT throws_ok(format('SELECT %L::dunning.payment_terms', t), '22P02', NULL, 'refused: ' || regexp_replace(t, '\s+', ' ', 'g'))
FROM unnest(ARRAY['30 jours ouvrables', '14 Werktage', '30-60 days', '30 jours ou 45 jours fin de mois', '30% on order or on delivery', '35/30/30/5', 'dix (12) jours', 'net -30',
	'40% à la commande, 40% à mi-parcours, 20% à la livraison', '60/90 gg + 10 gg d.f. f.m.', 'escompte 2% à 10 jours',
	'30 or 45 days', '30 sonst 60 Tage', '2/10 EOM, net 30', '2/10 prox net 30', '14 Tage netto, 30 Tage 2% Skonto', '2% 10 days, end of month', '30 jours le 30/31', 'due 04/05/2026',
	E'#SKONTO#TAGE=14#PROZENT=2.00#\nZahlbar bis Ende des Quartals oder 45 Tage\n']) AS t;
SELECT is(dunning.due_date('2026-04-30', '2 jours ouvrés'::dunning.payment_terms, dunning.holiday_calendar('france')), '2026-05-05'::date, 'business days by the calendar: not the 1st of May');
SELECT is(dunning.due_date('2026-04-30', '2 jours ouvrés'), '2026-05-04'::date, 'and by weekends');
-- of the month after 6 March, not of March
SELECT is(dunning.due_date('2026-01-20', 'fin de mois + 45 jours le 25'), '2026-04-25'::date, 'a day after an end of month is one of the following month');
SELECT is(dunning.due_date('2026-01-20', 'fin de mois + 45 jours le prochain 25'), '2026-03-25'::date, 'the next one is another');
SELECT is(dunning.describe_terms('end of month + 45 days on the 25th', l), d, 'described in ' || l)
FROM (VALUES ('en', 'end of the month + 45 days on the 25th of the following month'), ('fr', 'fin de mois + 45 jours le 25 du mois suivant'),
	('it', 'fine mese + 45 giorni il 25 del mese successivo'), ('es', 'fin de mes + 45 días el 25 del mes siguiente')) AS v (l, d);

-- an amount that is no number is one part without a due date, and stops nobody
CREATE TABLE facture (id integer PRIMARY KEY, client text, date_facture date, montant_ttc numeric, conditions_paiement text, paye numeric);
INSERT INTO facture VALUES (1, 'A', '2026-01-15', 'NaN', '50% net 5; balance net 10', 0), (2, 'A', '2026-01-15', 100, '50% net 5; balance net 10', 0);
SET LOCAL dunning.today = '2026-03-01';
SELECT dunning.adopt('facture', columns => '{"paid_amount": "paye"}') \g /dev/null
SELECT results_eq('SELECT item::text, part, problem FROM dunning.worklist ORDER BY item, part',
	$$ VALUES ('1', 1, 'the open amount is not a number'), ('2', 1, NULL), ('2', 2, NULL) $$, 'NaN among the amounts');

SELECT * FROM finish();
ROLLBACK;
