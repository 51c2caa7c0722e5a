-- Payment terms beside published examples and plain SQL.  The examples are not
-- part of the project: they are looked for beside the repository, or where the
-- environment variable DUNNING_SHARED says.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SELECT no_plan();

-- Both readings of 45 days end of month, and other rules, on every day of
-- eleven years, by the date arithmetic of SQL.
CREATE TEMP TABLE day AS SELECT d::date AS d FROM generate_series(timestamp '2019-01-01', '2029-12-31', interval '1 day') AS d;
CREATE FUNCTION pg_temp.month_end(d date) RETURNS date LANGUAGE sql IMMUTABLE AS
	$$ SELECT (date_trunc('month', d::timestamp) + interval '1 month - 1 day')::date $$;
CREATE FUNCTION pg_temp.in_month(d date, months integer, dom integer) RETURNS date LANGUAGE sql IMMUTABLE AS $$
	SELECT least((m + (dom - 1) * interval '1 day')::date, pg_temp.month_end(m::date))
	FROM (SELECT date_trunc('month', d::timestamp) + months * interval '1 month') AS s (m) $$;
SELECT is((SELECT count(*) FROM day), 4018::bigint, '4,018 days, three leap years among them');
SELECT is_empty($$ SELECT d, dunning.due_date(d, '45 days end of month') FROM day
	WHERE dunning.due_date(d, '45 days end of month') IS DISTINCT FROM pg_temp.month_end(d + 45) $$,
	'45 days, then the end of that month');
SELECT is_empty($$ SELECT d, dunning.due_date(d, 'end of month + 45 days') FROM day
	WHERE dunning.due_date(d, 'end of month + 45 days') IS DISTINCT FROM pg_temp.month_end(d) + 45 $$,
	'the end of the month, then 45 days');
SELECT is_empty($$ SELECT d, dunning.due_date(d, '45 jours fin de mois'), dunning.due_date(d, 'fin de mois + 45 jours') FROM day
	WHERE dunning.due_date(d, '45 jours fin de mois') <> pg_temp.month_end(d + 45) OR dunning.due_date(d, 'fin de mois + 45 jours') <> pg_temp.month_end(d) + 45 $$,
	'the same in French');
SELECT is_empty($$ SELECT d, k FROM day CROSS JOIN generate_series(1, 31) AS k
	WHERE dunning.due_date(d, ('30 days end of month on the ' || k || CASE WHEN k = 31 THEN ' of the following month' ELSE '' END)::dunning.payment_terms) IS DISTINCT FROM pg_temp.in_month(d + 30, 1, k) $$,
	'30 days end of month on the K, for every K');
SELECT is_empty($$ SELECT d, k FROM day CROSS JOIN generate_series(1, 31) AS k
	WHERE dunning.due_date(d, ('20 days on the ' || k)::dunning.payment_terms) IS DISTINCT FROM
		CASE WHEN pg_temp.in_month(d + 20, 0, k) >= d + 20 THEN pg_temp.in_month(d + 20, 0, k) ELSE pg_temp.in_month(d + 20, 1, k) END $$,
	'20 days, then the next K of a month, for every K');
SELECT is_empty($$ SELECT d, n FROM day CROSS JOIN generate_series(0, 14) AS n
	WHERE dunning.due_date(d, ('net ' || n || ' months')::dunning.payment_terms) IS DISTINCT FROM (d + n * interval '1 month')::date $$,
	'net N months is the interval of SQL');

-- Months from an end of month lead to ends of months; from any other day they
-- are those of SQL.
SELECT is(dunning.due_date(i::date, t::dunning.payment_terms), due::date, format('%s from %s', t, i))
FROM (VALUES ('2025-02-15', '1 month after end of month', '2025-03-31'), ('2024-02-15', '1 month after end of month', '2024-03-31'),
	('2025-02-15', 'end of month + 2 months', '2025-04-30'),
	('2025-04-15', 'end of month + 1 month', '2025-05-31'), ('2025-01-31', 'end of month + 1 month', '2025-02-28'),
	('2025-01-31', 'net 1 month', '2025-02-28'), ('2025-04-30', 'net 1 month', '2025-05-30'),
	('2025-01-31', 'net 1 month + 1 month', '2025-03-28'), ('2025-01-15', 'end of month + 1 month + 1 month', '2025-03-31'),
	('2025-02-15', 'end of month + 1 day + 1 month', '2025-04-01'),
	('2025-02-15', 'end of month + 2 weeks + 1 month', '2025-04-14'), ('2025-02-15', 'fin de mois + 1 mois', '2025-03-31'),
	('2025-02-15', '1 mois après la fin du mois', '2025-03-31'),
	('2025-02-15', '1 mois fin de mois', '2025-03-31'), ('2025-02-15', '1 month EOM', '2025-03-31'),
	('2025-01-15', 'end of the following month + 1 month', '2025-03-31'),
	('2025-01-15', 'fin du mois suivant + 1 mois', '2025-03-31'), ('2025-02-15', 'le dernier jour du mois + 1 mois', '2025-03-31'),
	('2025-11-15', 'end of quarter + 2 months', '2026-02-28'),
	('2025-11-15', 'end of quarter + 3 months', '2026-03-31'), ('2025-05-15', 'end of quarter + 1 month', '2025-07-31'),
	('2025-02-25', 'fin de décade + 1 mois', '2025-03-31'),
	('2025-02-15', 'fin de quinzaine + 1 mois', '2025-03-15'), ('2025-02-16', 'fin de quinzaine + 1 mois', '2025-03-31'),
	('2025-02-25', 'end of week + 1 month', '2025-04-02'),
	('2023-02-28', 'end of week + 1 month', '2023-04-05'), ('2025-02-10', 'on the 30th + 1 month', '2025-03-30'),
	('2025-02-10', 'on the 15th or 31st + 1 month', '2025-03-15'),
	('2025-02-20', 'on the 15th or 31st + 1 month', '2025-03-31'), ('2025-01-15', 'end of month on the 30th + 1 month', '2025-03-30'),
	('2025-02-15', 'end of year + 2 months', '2026-02-28')) AS v (i, t, due);
SELECT is_empty($$ SELECT d, n FROM day CROSS JOIN generate_series(1, 26) AS n
	WHERE dunning.due_date(d, ('end of month + ' || n || ' months')::dunning.payment_terms)
		IS DISTINCT FROM pg_temp.month_end((date_trunc('month', d::timestamp) + n * interval '1 month')::date)
		OR dunning.due_date(d, (n || ' months after end of month')::dunning.payment_terms)
		IS DISTINCT FROM pg_temp.month_end((date_trunc('month', d::timestamp) + n * interval '1 month')::date)
		OR dunning.due_date(d, (n || ' mois après la fin du mois')::dunning.payment_terms)
		IS DISTINCT FROM pg_temp.month_end((date_trunc('month', d::timestamp) + n * interval '1 month')::date)
		OR dunning.due_date(d, (n || ' months end of month')::dunning.payment_terms)
		IS DISTINCT FROM pg_temp.month_end((date_trunc('month', d::timestamp) + n * interval '1 month')::date) $$,
	'N months after the end of the month is the end of a month, and so is the other order');
SELECT is_empty($$ SELECT d, n FROM day CROSS JOIN generate_series(1, 14) AS n
	WHERE dunning.due_date(d, ('end of month + 1 day + ' || n || ' months')::dunning.payment_terms)
		IS DISTINCT FROM (pg_temp.month_end(d) + 1 + n * interval '1 month')::date
		OR dunning.due_date(d, ('end of week + ' || n || ' months')::dunning.payment_terms)
		IS DISTINCT FROM (date_trunc('week', d::timestamp) + interval '6 days' + n * interval '1 month')::date
		OR dunning.due_date(d, ('net ' || n || ' months + 1 month')::dunning.payment_terms)
		IS DISTINCT FROM ((d + n * interval '1 month')::date + interval '1 month')::date $$,
	'from other days N months are the interval of SQL');
SELECT is_empty($$ SELECT d, k FROM day CROSS JOIN generate_series(1, 31) AS k
	WHERE dunning.due_date(d, ('on the ' || k || ' of the following month + 1 month')::dunning.payment_terms)
		IS DISTINCT FROM pg_temp.in_month(d, 2, k) $$,
	'a day of the month that is said stays the same, for every K');
SELECT is_empty($$ SELECT d FROM day
	WHERE dunning.due_date(d, 'end of ten-day period + 30 days') IS DISTINCT FROM
			CASE WHEN extract(day FROM d) <= 10 THEN pg_temp.in_month(d, 0, 10) WHEN extract(day FROM d) <= 20 THEN pg_temp.in_month(d, 0, 20) ELSE pg_temp.month_end(d) END + 30
		OR dunning.due_date(d, 'end of half-month') IS DISTINCT FROM CASE WHEN extract(day FROM d) <= 15 THEN pg_temp.in_month(d, 0, 15) ELSE pg_temp.month_end(d) END
		OR dunning.due_date(d, 'end of week') IS DISTINCT FROM (date_trunc('week', d::timestamp) + interval '6 days')::date
		OR dunning.due_date(d, 'end of quarter') IS DISTINCT FROM (date_trunc('quarter', d::timestamp) + interval '3 months - 1 day')::date
		OR dunning.due_date(d, 'end of year') IS DISTINCT FROM (date_trunc('year', d::timestamp) + interval '1 year - 1 day')::date
		OR dunning.due_date(d, 'on the 10th or 25th') IS DISTINCT FROM
			CASE WHEN extract(day FROM d) <= 10 THEN pg_temp.in_month(d, 0, 10) WHEN extract(day FROM d) <= 25 THEN pg_temp.in_month(d, 0, 25) ELSE pg_temp.in_month(d, 1, 10) END $$,
	'the ends of periods, and the next of two days');

-- Shifts beside a table of days: the holidays of France written out by date.
CREATE TEMP TABLE holiday AS
	SELECT make_date(y, (e / 100)::int, (e % 100)::int) AS d FROM generate_series(2018, 2030) AS y, unnest(ARRAY[101, 501, 508, 714, 815, 1101, 1111, 1225]) AS e
	UNION SELECT e::date + n FROM unnest(ARRAY['2018-04-01', '2019-04-21', '2020-04-12', '2021-04-04', '2022-04-17', '2023-04-09', '2024-03-31', '2025-04-20',
		'2026-04-05', '2027-03-28', '2028-04-16', '2029-04-01', '2030-04-21']) AS e, unnest(ARRAY[1, 39, 50]) AS n;
CREATE TEMP TABLE business AS
	SELECT b::date AS d, row_number() OVER (ORDER BY b)::integer AS n FROM generate_series(timestamp '2018-01-01', '2030-12-31', interval '1 day') AS b
	WHERE extract(isodow FROM b) < 6 AND b::date NOT IN (SELECT d FROM holiday);
CREATE INDEX ON business (d);
ANALYZE business;
CREATE TEMP TABLE shifted AS
	SELECT d, (SELECT min(b.d) FROM business AS b WHERE b.d >= day.d) AS following, (SELECT max(b.d) FROM business AS b WHERE b.d <= day.d) AS preceding FROM day;
SELECT dunning.holiday_calendar('france') AS france \gset
SELECT is_empty(format($$ SELECT d FROM shifted WHERE dunning.is_business_day(d, %1$L) IS DISTINCT FROM (d = following)
		OR dunning.due_date(d - 30, 'net 30; following business day', %1$L) IS DISTINCT FROM following
		OR dunning.due_date(d - 30, 'net 30; preceding business day', %1$L) IS DISTINCT FROM preceding
		OR dunning.due_date(d - 30, 'net 30; modified following business day', %1$L) IS DISTINCT FROM
			CASE WHEN to_char(following, 'YYYYMM') = to_char(d, 'YYYYMM') THEN following ELSE preceding END $$, :'france'),
	'the shifts of every day by the French calendar');
SELECT is_empty(format($$ SELECT b.d, k FROM business AS b CROSS JOIN unnest(ARRAY[-250, -7, -1, 1, 2, 30, 250]) AS k JOIN business AS c ON c.n = b.n + k
	WHERE dunning.add_business_days(b.d, k, %L) IS DISTINCT FROM c.d $$, :'france'),
	'business days counted by the French calendar');
SELECT is_empty($$ SELECT d FROM shifted WHERE dunning.to_business_day(d,
		dunning.make_calendar('sat sun', (SELECT array_agg(d) FROM holiday))) IS DISTINCT FROM following $$,
	'a calendar made from a table says the same');

-- What other systems publish.
SELECT results_eq(
	$$ SELECT dunning.due_date(i, t)::text FROM unnest(ARRAY['on receipt', 'end of month + 45 days', 'end of month', 'end of month on the 1st', '31 days on the 15th']::dunning.payment_terms[])
		WITH ORDINALITY AS t (t, n), unnest(ARRAY['2019-01-01', '2019-01-15', '2019-01-31']::date[]) AS i ORDER BY n, i $$,
	ARRAY['2019-01-01', '2019-01-15', '2019-01-31', '2019-03-17', '2019-03-17', '2019-03-17', '2019-01-31', '2019-01-31', '2019-01-31',
		'2019-02-01', '2019-02-01', '2019-02-01', '2019-02-15', '2019-02-15', '2019-03-15'],
	'Odoo''s test of payment terms');
SELECT is(dunning.due_date('2026-03-05', '5 days end of month on the 1st'), '2026-04-01'::date, 'Odoo''s manual: 5 March');
SELECT is(dunning.due_date('2026-03-28', '5 days end of month on the 1st'), '2026-05-01'::date, 'and 28 March');
SELECT results_eq($$ SELECT due_on, amount FROM dunning.instalments('2026-02-21', 1000, '30% now; 70% end of the following month') $$,
	$$ VALUES ('2026-02-21'::date, 300.00), ('2026-03-31', 700.00) $$, '30 % now, the rest at the end of the following month');
SELECT results_eq(
	$$ SELECT dunning.due_date(i, 'fin de mois + 45 jours'), dunning.due_date(i, '45 jours fin de mois')
		FROM unnest(ARRAY['2023-01-15', '2017-10-05', '2017-10-22', '2025-01-02']::date[]) AS i $$,
	$$ VALUES ('2023-03-17'::date, '2023-03-31'::date), ('2017-12-15', '2017-11-30'), ('2017-12-15', '2017-12-31'), ('2025-03-17', '2025-02-28') $$,
	'the two French readings');
SELECT is(ARRAY[dunning.due_date('2011-10-07', '45 jours nets'), dunning.due_date('2011-10-07', '60 jours nets')], ARRAY['2011-11-21', '2011-12-06']::date[], '45 and 60 days net');

-- The worked examples.
\set there `test -r "${DUNNING_SHARED:-../shared}/reference/worked_examples.csv" && echo true || echo false`
\if :there
CREATE TEMP TABLE example (id text, jurisdiction text, kind text, inputs jsonb, expected text, source text);
\copy example FROM PROGRAM 'cat "${DUNNING_SHARED:-../shared}/reference/worked_examples.csv"' (FORMAT csv, HEADER)
CREATE TEMP TABLE due_example AS
	SELECT id, (inputs ->> 'invoice')::date AS issued_on, expected, CASE
		WHEN kind ~ '^due_fdm_plus_\d+$' THEN format('end of month + %s days', substring(kind FROM '\d+'))
		WHEN kind ~ '^due_\d+_then_fdm$' THEN format('%s days end of month', substring(kind FROM '\d+'))
		WHEN kind ~ '^due_\d+_fdm_le_\d+$' THEN format('%s days end of month on the %s', substring(kind FROM '\d+'), substring(kind FROM '\d+$'))
		WHEN kind = 'due_net' THEN 'net ' || (inputs ->> 'days')
		WHEN kind = 'due_odoo_days_end_of_month_on_the' THEN format('%s days end of month on the %s', inputs ->> 'nb_days', inputs ->> 'day_next_month')
		END::dunning.payment_terms AS terms
	FROM example WHERE kind LIKE 'due\_%';
SELECT cmp_ok((SELECT count(*) FROM due_example), '>', 10::bigint, 'there are worked examples of due dates');
SELECT is_empty('SELECT id FROM due_example WHERE terms IS NULL', 'each can be said');
SELECT is(dunning.due_date(issued_on, terms), substring(expected FROM '^\d{4}-\d\d-\d\d')::date, format('%s: %s from %s', id, terms, issued_on)) FROM due_example ORDER BY id;
SELECT is((SELECT string_agg(format('%s until %s', w.to_pay, w.until), '; ' ORDER BY w.until) FROM (
		SELECT to_pay, until FROM dunning.discount_offers(e.issued_on, e.amount, e.terms)
		UNION ALL SELECT e.amount, dunning.due_date(e.issued_on, e.terms)) AS w), e.expected, format('%s: %s', e.id, e.terms))
FROM (SELECT id, expected, (inputs ->> 'terms')::dunning.payment_terms AS terms, (inputs ->> 'invoice')::date AS issued_on, (inputs ->> 'amount')::numeric AS amount
	FROM example WHERE kind = 'discount_window') AS e ORDER BY e.id;
\else
SELECT skip('no ../shared/reference/worked_examples.csv', 1);
\endif

-- The discount of every day: what is offered until that day.
SELECT is_empty($$ SELECT d FROM day CROSS JOIN (VALUES ('3% 7 days, 2% end of month, 1% 40 days, 45 days end of month; preceding business day'::dunning.payment_terms)) AS t (t)
	CROSS JOIN generate_series(-1, 60, 3) AS k
	WHERE d < '2020-01-01' AND dunning.discount(d, 99.99, d + k, t) IS DISTINCT FROM
		coalesce((SELECT max(o.discount) FROM dunning.discount_offers(d, 99.99, t) AS o WHERE o.until >= d + k), 0) $$,
	'discount takes the best of the offers that are left');
SELECT is_empty($$ SELECT a FROM generate_series(-50, 50) AS a CROSS JOIN generate_series(1, 20) AS p
	WHERE dunning.discount('2026-01-01', a / 7.0, '2026-01-01', (p || '.5% discount on receipt, net 30')::dunning.payment_terms) IS DISTINCT FROM round(a / 7.0 * (p + 0.5) * 0.01, 2) $$,
	'and is the percentage by plain arithmetic');

-- A third is an exact fraction: the nearest cent of any amount, and the parts add up.
SELECT results_eq($$ SELECT amount, share FROM dunning.instalments('2026-01-31', 1000000.00, '1/3 à la commande, 1/3 à la livraison, 1/3 à 30 jours') ORDER BY n $$,
	'VALUES (333333.33, 33.333333), (333333.33, 33.333333), (333333.34, 33.333334)', 'thirds of a million');
SELECT results_eq($$ SELECT amount FROM dunning.instalments('2026-01-31', 1000000000000000.00, '30/60/90 jours') ORDER BY n $$,
	'VALUES (333333333333333.33), (333333333333333.33), (333333333333333.34)', 'and of a thousand million million');
SELECT is_empty($$ SELECT a, f.terms FROM generate_series(1, 300) AS k
	CROSS JOIN LATERAL (SELECT (CASE WHEN k % 3 = 0 THEN -1 ELSE 1 END * trunc((1e15 / 10 ^ (k % 16))::numeric * (0.5 + hashint4(k)::numeric / 4294967296), 2))::numeric(17, 2) AS a) AS amount
	CROSS JOIN (VALUES (1, 3, '1/3 of the total net 30; balance net 60'::dunning.payment_terms), (2, 3, '2/3 à la commande, solde à 30 jours'), (1, 12, '1/12 of the total net 30; balance net 60'),
		(7, 60, '7/60 of the total net 30; balance net 60')) AS f (n, of, terms)
	CROSS JOIN LATERAL (SELECT array_agg(i.amount ORDER BY i.n) AS part, sum(i.amount) AS whole FROM dunning.instalments('2026-01-31', a, f.terms) AS i) AS p
	WHERE p.whole <> a OR p.part[1] <> round(p.part[1], 2)
		-- twice what it is off, in hundredths of a cent, away from zero where two are as near
		OR (SELECT off > f.of OR off <= -f.of FROM (SELECT 200 * (f.of * abs(p.part[1]) - f.n * abs(a)) AS off) AS v) $$, 'fractions of amounts up to 10^15 are the nearest cent');
SELECT results_eq($$ SELECT n, share, percent, fraction FROM dunning.terms_parts('1/3 of the total on order; 2% of the total net 30; balance net 60') $$,
	$$ VALUES (1, 'fraction', 33.333333, '1/3'), (2, 'percent', 2.00, NULL), (3, 'balance', NULL, NULL) $$, 'the parts say their fraction');
SELECT is(dunning.describe_terms('30/60/90 jours', l.language), l.expected, 'thirds in ' || l.language)
FROM (VALUES ('en', '1/3 of the total 30 days net, 1/3 of the total 60 days net, balance 90 days net'), ('fr', '1/3 du total à 30 jours nets, 1/3 du total à 60 jours nets, solde à 90 jours nets'),
	('de', '1/3 des Gesamtbetrags 30 Tage netto, 1/3 des Gesamtbetrags 60 Tage netto, Rest 90 Tage netto'), ('nl', '1/3 van het totaal 30 dagen netto, 1/3 van het totaal 60 dagen netto, saldo 90 dagen netto'),
	('it', '1/3 del totale a 30 giorni netti, 1/3 del totale a 60 giorni netti, saldo a 90 giorni netti'), ('es', '1/3 del total a 30 días netos, 1/3 del total a 60 días netos, resto a 90 días netos')) AS l (language, expected);
SELECT is(_dunning.payment_terms_send('1/3 of the total on order; balance net 30'), '\x01'::bytea || convert_to('1/3 of the total on order; balance net 30', 'UTF8'), 'and so does the binary form');

SELECT * FROM finish();
