-- Payment terms: texts, due dates, instalments and early-payment discounts.
\set SHOW_CONTEXT never
SET search_path = public;
SET datestyle = 'ISO, YMD';
\pset null '(null)'

CREATE FUNCTION fails(literal text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text;
BEGIN
	message := literal::dunning.payment_terms::text;
	RETURN 'accepted as ' || message;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN state || ' ' || regexp_replace(message, ': ".*', '') || '. ' || detail;
END $$;

-- 1. texts and their canonical form
-- English
SELECT literal, literal::dunning.payment_terms::text AS canonical
FROM (VALUES ('net 30'), ('30 days'), ('30 days net'), ('NET 30 DAYS'), ('payable within 30 days of invoice date'), ('30 calendar days from the invoice date'), ('net 6 weeks'), ('2 months'), ('net 1 month'),
	('45 days end of month'), ('45 days, end of month'), ('0 days end of month'), ('end of month'), ('end of month + 45 days'), ('end of the month +45 days'), ('45 days after the end of the month'), ('45 days from end of month'), ('30 days from date of invoice'),
	('45 days end of month on the 10th'), ('30 days end of month, on the 1st'), ('30 days end of month on the 0'), ('end of month + 45 days on the 22nd'), ('end of month on the next 3rd'),
	('on the 10th or 25th'), ('31 days on the 15th'), ('on the 15th'), ('on the last day of the month'), ('45 days on the 10th of the following month'), ('end of next month'), ('end of month on the last day'),
	('end of ten-day period + 30 days'), ('15 days end of half-month'), ('3 months end of quarter'), ('end of year'), ('end of week + 1 month'),
	('on receipt'), ('due on receipt'), ('immediate'), ('net 0'), ('0 days'), ('on delivery'), ('on order'), ('on 2026-03-31'), ('due on 2026-03-31'),
	('30% on order; 70% net 60'), ('30% deposit, balance net 60'), ('30% on order, the balance 60 days end of month'), ('25% net 30; 25% net 60; 25% net 90; 25% net 120'),
	('500 EUR on order; 50% of the remainder net 30; balance net 60'), ('amount 500.5 on order; rest on delivery'), ('100% net 30'), ('balance net 30'), ('50% now and 100% of the remainder net 30'),
	('2% 10 days, net 30'), ('2.50% 10 days; 30 days end of month'), ('3% 7 days, 2% 14 days, net 30'), ('2% discount within 10 days, net 30'), ('2 percent 10 days, net 30'), ('2% 10, net 30'),
	('2% discount 10 days, 30% on order, balance net 60'), ('discount of 2% if paid within 10 days, otherwise 30 days'), ('2% end of month + 10 days, end of month + 30 days'),
	('net 30; following business day'), ('net 30, next business day'), ('net 30 preceding business day'), ('net 30; modified following business day'),
	('2% 10 days, net 30; tax reduced on early payment'), ('2% 10 days, net 30; tax reduced always'), ('2% 10 days, net 30; tax never reduced; following business day')) AS v (literal);
-- French
SELECT literal, literal::dunning.payment_terms::text AS canonical
FROM (VALUES ('30 jours'), ('à 30 jours'), ('paiement à 30 jours nets'), ('60 jours date de facture'), ('60 jours date d''émission de la facture'), ('30 jours à compter de la date de facture'),
	('45 jours fin de mois'), ('45 JOURS FIN DE MOIS'), ('45 j fdm'), ('fin de mois + 45 jours'), ('fin de mois 45 jours'), ('45 jours après la fin du mois'), ('45 jours fin de mois le 10'), ('30 jours fin de mois, le 15'), ('fin de mois + 45 jours, le 1er'),
	('le 10 ou le 25'), ('30 jours le 10 ou 25'), ('le 10 du mois suivant'), ('30 jours le 10 du mois suivant'), ('fin du mois suivant'), ('fin de mois le prochain 15'), ('le dernier jour du mois'),
	('fin de décade + 30 jours'), ('30 jours fin de décade'), ('fin de quinzaine'), ('fin de trimestre'), ('fin d''année'), ('2 mois fin de mois'), ('3 semaines'),
	('comptant'), ('à réception de facture'), ('paiement à réception de la facture'), ('à la commande'), ('à la livraison'), ('le 31/03/2026'), ('au 31/03/2026'),
	('30 % à la commande, solde à 60 jours nets'), ('acompte de 30 %, solde à 60 jours'), ('30 % à la commande, 40 % à la livraison et le solde à 30 jours fin de mois'), ('500,00 € à la commande, solde à 30 jours'),
	('montant 500,50 à la commande, 50 % du solde à 30 jours, reste à 60 jours'),
	('2 % d''escompte sous 8 jours, 30 jours nets'), ('escompte de 2,5 % à 10 jours, 30 jours fin de mois'), ('escompte 2 % pour paiement comptant, sinon 30 jours'),
	('30 jours fin de mois, jour ouvré suivant'), ('30 jours; jour ouvré précédent'), ('2 % 10 jours, 30 jours nets, taxe jamais réduite')) AS v (literal);
-- other systems
SELECT literal, literal::dunning.payment_terms::text AS canonical
FROM (VALUES ('2/10 net 30'), ('2/10, net 30'), ('2/10, n/30'), ('2/10, 1/20, net 30'), ('2.5/10 net 30'), ('net 30 EOM'), ('30 days EOM'), ('EOM'), ('2/10 net 30 EOM'), ('2/10 EOM, net 60'), ('10th prox'), ('net 10th prox'), ('COD'),
	('#SKONTO#TAGE=14#PROZENT=2.00#'), (E'#SKONTO#TAGE=7#PROZENT=3.00#\n#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=357.93#\nnet 30'), ('#SKONTO#TAGE=0#PROZENT=2.00#; net 14')) AS v (literal);
-- what is refused
SELECT n, literal, fails(literal)
FROM (VALUES (1, ''), (2, 'thirty days'), (3, 'net'), (4, '30'), (5, 'net 30 foo'), (6, 'net 30;'), (7, '; net 30'), (8, '30 days end of mnth'), (9, '30 jours fin du moi'), (10, 'net 30; net 60'), (11, 'net -30'),
	(12, '30% on order'), (13, '30% on order; 60% net 30'), (14, '50% net 30; 60% net 60'), (15, 'balance net 30; 30% on order'), (16, '100% on order; balance net 30'), (17, '500 EUR on order; 50% net 30'), (18, '500 EUR on order; net 30'),
	(19, '2% 10 days'), (20, '2/10'), (21, '100% 10 days, net 30'), (22, '0% 10 days, net 30'), (23, '0% net 30; 100% net 60'), (24, '101% net 30'), (25, '1.0000001% 10 days, net 30'), (26, 'discount 10 days, net 30'),
	(27, 'net 36501'), (28, 'net 5201 weeks'), (29, 'net 1201 months'), (30, 'net 99999999999'), (31, 'on the 32nd'), (32, 'on the 10th or 0'), (33, 'on the 10th or 25th of the following month'), (34, 'on 2026-02-30'), (35, 'le 30/02/2026'), (36, 'le 31/03/26'),
	(37, '45 days + 45 days + 45 days + 45 days + 1 day'), (38, '30 EUR'), (39, '0 EUR on order; balance net 30'), (40, '1000000000001 EUR on order; balance net 30'), (41, '1.00001 EUR on order; balance net 30'), (42, 'amount on order; balance net 30'),
	(43, '#SKONTO#TAGE=14'), (44, '#SKONTO#TAGE=14#PROZENT=2.00'), (45, '#SKONTO#TAGE=x#PROZENT=2.00#'), (46, '#SKONTO#TAGE=14#PROZENT=0.00#'), (47, 'net 30; following business day; preceding business day'), (48, 'following business day'),
	(49, 'on receipt + 30 days'), (50, '30 days + '), (51, 'à réception — 30 jours')) AS v (n, literal) ORDER BY n;
SELECT fails(string_agg('1% of the total net ' || i, '; ' ORDER BY i) || '; balance net 90') LIKE 'accepted%' AS at_the_limit FROM generate_series(1, 59) AS i;
SELECT fails(string_agg('1% of the total net ' || i, '; ' ORDER BY i) || '; balance net 90') AS beyond FROM generate_series(1, 60) AS i;
SELECT fails(string_agg('1% of the total net ' || i, '; ' ORDER BY i)) AS far_beyond FROM generate_series(1, 100) AS i;
SELECT fails(string_agg(10 - i || '% ' || i || ' days', ', ' ORDER BY i) || ', net 30') LIKE 'accepted%' AS at_the_limit FROM generate_series(1, 8) AS i;
SELECT fails(string_agg(10 - i || '% ' || i || ' days', ', ' ORDER BY i) || ', net 30') AS beyond FROM generate_series(1, 9) AS i;
DO $$
BEGIN
	IF current_setting('server_version_num')::integer >= 160000 THEN
		EXECUTE $x$ SELECT 1 / (NOT pg_input_is_valid('net', 'dunning.payment_terms') AND pg_input_is_valid('net 30', 'dunning.payment_terms'))::integer $x$;
	END IF;
END $$;

-- 2. equality, hashing, binary, rows
SELECT '30 jours fin de mois'::dunning.payment_terms = '30 days end of month' AS same, 'net 30'::dunning.payment_terms <> '1 month' AS other, 'net 30'::dunning.payment_terms = '2/10 net 30' AS discounted;
-- random terms built from every kind of share, rule and option
SELECT setseed(0.125);
CREATE TABLE terms (id integer, literal text, t dunning.payment_terms);
INSERT INTO terms (id, literal)
SELECT i, CASE WHEN n = 1 THEN '' ELSE string_agg(CASE WHEN k = n THEN 'balance ' ELSE (ARRAY[round(1 + random() * 9) || '% of the total ', round((random() * 99)::numeric, 2) + 0.01 || '% of the remainder ',
			round((random() * 500)::numeric, 2) + 0.01 || ' EUR ', 'amount ' || 1 + round(random() * 500) || ' '])[1 + floor(random() * 4)::int] END
		|| (ARRAY['net ' || 1 + round(random() * 120), 'net ' || 1 + round(random() * 20) || ' weeks', round(random() * 90) || ' days end of month', 'end of month + ' || 1 + round(random() * 90) || ' days',
			1 + round(random() * 60) || ' days end of ten-day period on the next ' || 1 + round(random() * 30), 'on receipt', 'on the ' || 1 + round(random() * 30) || ' or ' || 1 + round(random() * 30), 'on 2027-01-31',
			round(random() * 9) + 1 || ' months end of month on the ' || 1 + round(random() * 29), '5 days on the ' || 1 + round(random() * 30) || ' of the following month'])[1 + floor(random() * 10)::int], '; ' ORDER BY k) END
	|| CASE WHEN n = 1 THEN (ARRAY['', '2% 10 days, ', '3% 7 days, 1.5% 14 days end of month, '])[1 + i % 3] || 'net ' || 45 + i ELSE '' END
	|| (ARRAY['', '; following business day', '; preceding business day', '; modified following business day'])[1 + i % 4] || (ARRAY['', '; tax reduced always', '; tax reduced never'])[1 + i % 3]
FROM generate_series(1, 600) AS i CROSS JOIN LATERAL (SELECT 1 + floor(random() * 6)::int + 0 * i) AS s (n) CROSS JOIN LATERAL generate_series(1, n) AS k
GROUP BY i, n;
UPDATE terms SET t = literal::dunning.payment_terms;
SELECT count(*), count(*) FILTER (WHERE t::text::dunning.payment_terms <> t) AS not_read_back,
	count(*) FILTER (WHERE dunning.describe_terms(t, 'fr')::dunning.payment_terms <> t) AS french_not_read_back, count(*) FILTER (WHERE dunning.describe_terms(t)::dunning.payment_terms <> t) AS english_not_read_back,
	count(DISTINCT t::text) = (SELECT count(*) FROM (SELECT t FROM terms GROUP BY t) AS g) AS hashed FROM terms;
\copy terms (t) TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/terms.bin"' (FORMAT binary)
CREATE TABLE terms_back (t dunning.payment_terms);
\copy terms_back FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/terms.bin"' (FORMAT binary)
SELECT count(*) AS lost FROM (SELECT t FROM terms EXCEPT ALL SELECT t FROM terms_back) AS x;
SELECT encode(_dunning.payment_terms_send('30 jours'), 'hex') AS sent;
SELECT * FROM dunning.terms_parts('500 EUR on order; 20% of the remainder net 30; 10% end of month + 10 days; amount 7.5 on 2026-03-31; balance 45 days end of month on the 10th');
SELECT * FROM dunning.terms_discounts('3% 7 days, 2.5% end of month, net 30');
SELECT a.*, b.* FROM dunning.terms_options('net 30') AS a, dunning.terms_options('net 30; modified following business day; tax reduced never') AS b;
SELECT jsonb_pretty('2/10 net 30'::dunning.payment_terms::jsonb);

-- for people, and for other systems
SELECT l.language, dunning.describe_terms(t.terms, l.language)
FROM (VALUES (1, '2.5% 10 days, 45 days end of month on the 10th; following business day'::dunning.payment_terms), (2, '30% on order; 500 EUR on delivery; 50% of the remainder end of ten-day period + 1 month; balance net 60'),
	(3, 'on the 1st or 15th; preceding business day; tax reduced always'), (4, 'on 2026-03-31; modified following business day; tax reduced never'), (5, 'end of the following month'), (6, 'on receipt'), (7, 'net 1'),
	(8, '5 days on the 3rd of the following month'), (9, 'amount 5 end of half-month; balance end of month on the next 22nd')) AS t (n, terms),
	(VALUES (1, 'en'), (2, 'fr'), (3, 'de'), (4, 'nl')) AS l (k, language) ORDER BY n, k;
SELECT dunning.describe_terms('net 30') AS defaults;
SELECT terms, dunning.terms_form(terms, 'short') AS short, dunning.terms_form(terms, 'xrechnung') AS xrechnung
FROM (VALUES ('2/10 net 30'::dunning.payment_terms), ('net 30 EOM'), ('2/10 net 30 EOM'), ('3/7, 1.5/14, net 30'), ('on receipt'), ('2% on receipt, on receipt'), ('2/10, 1/20 net 30 EOM'), ('EOM'), ('10th prox'), ('45 days end of month'), ('2% 2 weeks, 45 days end of month'),
	('2.125% 10 days, net 30'), ('2% end of month, net 30'), ('30% on order; balance net 30'), ('net 30; following business day')) AS v (terms);
SELECT count(*) AS not_read_back FROM terms WHERE dunning.terms_form(t, 'short')::dunning.payment_terms <> t;
\set VERBOSITY sqlstate
SELECT dunning.describe_terms('net 30', 'xx');
SELECT dunning.terms_form('net 30', 'edifact');
\set VERBOSITY default
SELECT dunning.describe_terms('net 30', 'xx');
SELECT dunning.terms_form('net 30', 'edifact');

-- 3. due dates
SELECT terms, i AS issued_on, dunning.due_date(i, terms)
FROM (VALUES ('45 days end of month'::dunning.payment_terms), ('end of month + 45 days'), ('30 days end of month on the 10th'), ('net 1 month'), ('on the 10th or 25th'), ('on the 31st'), ('end of month on the 30th'), ('end of ten-day period + 30 days'),
	('end of half-month'), ('end of week'), ('end of quarter'), ('end of year'), ('end of the following month'), ('net 30 EOM'), ('on receipt'), ('on 2026-03-31'), ('70% net 60; 30% on order')) AS v (terms),
	(VALUES ('2024-01-15'::date), ('2024-01-31'), ('2024-12-25')) AS w (i);
SELECT terms, i AS issued_on, dunning.due_date(i, terms) AS weekdays, dunning.due_date(i, terms, dunning.holiday_calendar('france')) AS france
FROM (VALUES ('net 30'::dunning.payment_terms), ('net 30; following business day'), ('net 30; preceding business day'), ('net 30; modified following business day')) AS v (terms), (VALUES ('2026-04-01'::date), ('2026-05-01'), ('2026-04-02')) AS w (i);
SELECT dunning.due_date('infinity', 'net 30') AS never, dunning.due_date('-infinity', '45 days end of month; following business day') AS ever, dunning.due_date('infinity', 'on 2026-03-31') AS fixed,
	dunning.due_date(NULL, 'net 30') AS no_day, dunning.due_date('2026-01-01', NULL) AS no_terms, dunning.due_date('4714-11-24 BC', 'end of month') AS first, dunning.due_date('5874897-12-01', 'end of month') AS last;
\set VERBOSITY sqlstate
SELECT dunning.due_date('5874897-12-31', 'net 1');
SELECT dunning.due_date('5874897-12-31', 'on the 1st');
SELECT dunning.due_date('2026-01-01', 'net 1; following business day', (SELECT string_agg(to_char('2026-01-01'::timestamp + i * interval '1 day', 'YYYY-MM-DD'), ';') FROM generate_series(0, 400) AS i)::dunning.calendar);
\set VERBOSITY default
SELECT dunning.due_date('5874897-12-31', 'net 1');
-- terms of a column, some the same as in the row before, some too long to be kept
SELECT count(*) AS wrong
FROM (SELECT dunning.due_date('2026-01-15', t) AS due, (SELECT max(due_on) FROM dunning.instalments('2026-01-15', 100, t)) AS latest
	FROM (SELECT t FROM (SELECT t FROM terms UNION ALL SELECT t FROM terms WHERE id % 2 = 0) AS u ORDER BY t::text) AS s) AS d
WHERE due IS DISTINCT FROM latest;
-- in a stored generated column and in an index
CREATE TABLE invoices (id integer, issued_on date, terms dunning.payment_terms,
	due_on date GENERATED ALWAYS AS (dunning.due_date(issued_on, terms)) STORED);
INSERT INTO invoices SELECT i, '2026-01-01'::date + i, (ARRAY['net 30', '45 days end of month', '10% on order; balance net 60'])[1 + i % 3]::dunning.payment_terms FROM generate_series(0, 2999) AS i;
SELECT id, issued_on, terms, due_on FROM invoices WHERE id < 3 ORDER BY id;
UPDATE invoices SET issued_on = '2026-02-01' WHERE id = 0 RETURNING due_on;
CREATE INDEX invoices_due ON invoices (dunning.due_date(issued_on, terms, 'sat sun; 01-01'));
CREATE INDEX ON invoices USING hash (terms);
ANALYZE invoices;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM invoices WHERE dunning.due_date(issued_on, terms, 'sat sun; 01-01') < '2026-02-05';
SELECT id FROM invoices WHERE dunning.due_date(issued_on, terms, 'sat sun; 01-01') < '2026-02-10' ORDER BY id;
RESET enable_seqscan;
RESET enable_bitmapscan;

-- 4. instalments
SELECT a AS amount, p.* FROM (VALUES (1000), (-1000), (0), (0.01), (100.005)) AS v (a), dunning.instalments('2026-01-31', a, '33.33% on order; 33.33% net 1 month; balance 45 days end of month') AS p;
SELECT a AS amount, p.* FROM (VALUES (1000), (-1000), (0), (150)) AS v (a), dunning.instalments('2026-01-31', a, '200 EUR on order; 50% of the remainder net 30; 10% net 60; balance net 90') AS p;
SELECT d AS decimals, p.* FROM (VALUES (0), (2), (4), (6)) AS v (d), dunning.instalments('2026-01-31', 1234567.891, '33.333333% net 30; 66.666667% net 60', decimals => d) AS p;
SELECT p.* FROM dunning.instalments('2026-05-01', 100, '50% net 1; 50% on receipt; following business day', dunning.holiday_calendar('france')) AS p;
SELECT p.* FROM dunning.instalments('2026-05-01', 123456789012345678901234567890.12, '30% on order; amount 0.5 net 30; balance net 60') AS p;
SELECT count(*) FROM dunning.instalments('2026-05-01', NULL, 'net 30');
-- they always add up, and each share is the rounded one by plain numeric arithmetic
CREATE TABLE amounts AS SELECT a FROM (SELECT CASE i % 5 WHEN 0 THEN round((random() * 1e6)::numeric, 2) WHEN 1 THEN -round((random() * 100)::numeric, 2) WHEN 2 THEN round((random() * 10)::numeric, 5)
	WHEN 3 THEN round((random() * 1e15)::numeric, 2) * 1e9 ELSE round(random() * 1000)::numeric END FROM generate_series(1, 20) AS i) AS s (a);
SELECT count(*) > 10000 AS enough, count(*) FILTER (WHERE total <> a) AS not_adding_up, count(*) FILTER (WHERE wrong_way) AS wrong_way
FROM (SELECT a, t, (SELECT sum(p.amount) FROM dunning.instalments('2026-01-15', a, t) AS p) AS total,
		EXISTS (SELECT FROM dunning.instalments('2026-01-15', a, t) AS p WHERE p.amount * a < 0) AS wrong_way
	FROM terms CROSS JOIN amounts) AS s;
SELECT count(*) AS wrong
FROM amounts CROSS JOIN generate_series(1, 33) AS k CROSS JOIN generate_series(0, 5) AS d
	CROSS JOIN LATERAL (SELECT array_agg(p.amount ORDER BY p.n) AS got FROM dunning.instalments('2026-01-15', a, (k || '.5% on order; ' || k || '.25% of the total net 30; balance net 60')::dunning.payment_terms, decimals => d) AS p) AS p
WHERE got <> ARRAY[round(a * (k + 0.5) / 100, d), round(a * (k + 0.25) / 100, d), a - round(a * (k + 0.5) / 100, d) - round(a * (k + 0.25) / 100, d)]
	AND abs(a) > 3;
\set VERBOSITY sqlstate
SELECT * FROM dunning.instalments('2026-01-01', 'NaN', 'net 30');
SELECT * FROM dunning.instalments('2026-01-01', 'infinity', '30% on order; balance net 30');
SELECT * FROM dunning.instalments('2026-01-01', 100, 'net 30', decimals => 11);
SELECT * FROM dunning.instalments('2026-01-01', 100, 'net 30', decimals => -1);
SELECT * FROM dunning.instalments('5874897-12-31', 100, 'net 30');
\set VERBOSITY default
SELECT * FROM dunning.instalments('2026-01-01', 'NaN', 'net 30');
SELECT * FROM dunning.instalments('2026-01-01', 100, 'net 30', decimals => 11);

-- 5. early payment: the last day counts; the largest discount that is left
SELECT d AS paid_on, dunning.discount('2026-03-05', 1000, d, '3% 7 days, 2% 14 days, net 30') AS discount
FROM (VALUES ('2026-03-01'::date), ('2026-03-12'), ('2026-03-13'), ('2026-03-19'), ('2026-03-20'), ('infinity'), ('-infinity')) AS v (d);
SELECT * FROM dunning.discount_offers('2026-03-05', 1000, '3% 7 days, 2% 14 days, net 30');
SELECT * FROM dunning.discount_offers('2026-03-05', 1000, 'net 30');
-- 100.00 without tax and 21 % tax; "always" invoices the tax of the reduced price
SELECT o.terms, o.amount, o.tax, p.discount, p.to_pay, dunning.discount('2026-03-05', o.amount, '2026-03-15', o.terms, o.tax) AS again
FROM (VALUES ('2/10 net 30'::dunning.payment_terms, 121.00, 21.00), ('2/10 net 30; tax reduced always', 120.58, 20.58), ('2/10 net 30; tax reduced never', 121.00, 21.00)) AS o (terms, amount, tax),
	dunning.discount_offers('2026-03-05', o.amount, o.terms, o.tax) AS p;
SELECT a AS amount, dunning.discount('2026-03-05', a, '2026-03-15', '2.5/10 net 30') AS discount, dunning.discount('2026-03-05', a, '2026-03-15', '2.5/10 net 30', decimals => 4) AS finer, round(a * 0.025, 2) AS by_hand
FROM (VALUES (99.99), (-99.99), (0), (0.2), (12345678901234567890.12)) AS v (a);
SELECT dunning.discount('2026-03-05', 1000, '2026-03-16', '2% 10 days, net 30; following business day') AS shifted, dunning.discount('2026-03-05', 1000, '2026-03-17', '2% 10 days, net 30; following business day', 0, 'sat sun; 2026-03-16') AS by_calendar,
	dunning.discount('2026-03-05', 1000, NULL, '2/10 net 30') AS not_paid;
\set VERBOSITY sqlstate
SELECT dunning.discount('2026-03-05', 'NaN', '2026-03-15', '2/10 net 30');
SELECT dunning.discount('2026-03-05', 100, '2026-03-15', '2/10 net 30; tax reduced never', 'NaN');
SELECT dunning.discount('2026-03-05', 100, '2026-03-15', '2/10 net 30', decimals => 11);
SELECT * FROM dunning.discount_offers('2026-03-05', 100, '2/10 net 30', decimals => 11);
\set VERBOSITY default
-- what letting it pass costs a year
SELECT terms, dunning.annualised_cost(terms) AS simple, dunning.annualised_cost(terms, compounded => true) AS compounded, dunning.annualised_cost(terms, '2026-01-15') AS of_january
FROM (VALUES ('2/10 net 30'::dunning.payment_terms), ('1/10 net 30'), ('2/10 net 60'), ('3/7, 2/14, net 30'), ('2/10, 2/5, net 45'), ('2/10 net 30 EOM'), ('2% 10 days, 45 days end of month'), ('2% discount 10 days; 50% net 30; 50% net 60'),
	('2% discount 10 days; 50 EUR on order; balance net 60'), ('net 30'), ('2% 10 days, net 10'), ('50% discount 30 days, net 60')) AS v (terms);
SELECT round(2 / 98.0 * 365 / 20 * 100, 2) AS by_hand, round((power(1 + 2 / 98.0, 365 / 20.0) - 1) * 100, 2) AS compounded_by_hand, dunning.annualised_cost(NULL) AS no_terms;

DROP TABLE terms, terms_back, invoices, amounts;
DROP FUNCTION fails;
