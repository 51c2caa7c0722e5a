-- Figures: published examples, and every figure of every month end on random books
-- beside plain SQL.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL jit = off;
SELECT no_plan();
SELECT setseed(0.31) \g /dev/null
CREATE TEMP TABLE move (grp text, amount numeric, on_day date, due_on date, sale numeric);
\ir figures.psql

CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

--
-- Published examples, by their rows.  What a page prints is rounded to its decimals.
--
SELECT is(round(dunning.dso(ar, sales, days), 2), expected, id)
FROM (VALUES ('DS-01', 30000, 60000, 90, 45.00), ('DS-03', 472, 2870.4, 365, 60.02), ('DS-05', 15000, 10000, 30, 45.00), ('DS-07', 5700, 7600, 91, 68.25),
	('DS-08: the page divides by other sales than it states, and gets 52', 100000, 140000, 91, 65.00)) AS v (id, ar, sales, days, expected);
SELECT is(round(dunning.dso(472, 2870.4, 365)), 60::numeric, 'DS-03: 60 days, with tax on both sides');
SELECT is(round(dunning.count_back_dso(ar, sales, days), 1), expected, id)
FROM (VALUES ('DC-01', 2500, '{1200,800,700}'::numeric[], '{30,31,30}'::integer[], 82.4), ('DC-03', 2100000, '{900000,800000,700000}', '{31,28,31}', 76.7),
	('DC-04: the page counts forward in time, and gets 74', 20000, '{12500,10000,6000}', '{30,31,31}', 53.3), ('DC-05: an exhausted history gives no figure', 1000, '{600,300}', '{30,31}', NULL)) AS v (id, ar, sales, days, expected);
SELECT is(round(dunning.best_possible_dso(4000, 10000, 30), 2), 12.00, 'BP-01');
SELECT is(round(dunning.average_days_delinquent(15000, 4000, 10000, 30), 2), 33.00, 'AD-01');
SELECT is(dunning.dso(7, 30, 30) - dunning.best_possible_dso(3, 30, 30), dunning.average_days_delinquent(7, 3, 30, 30), 'AD-03: 7 less 3 days');
SELECT is(round(dunning.average_days_delinquent(7, 3, 30, 30), 2), 4.00, 'which are 4');
SELECT is(round(dunning.collection_effectiveness(beginning, sales, ending, current), d), expected, id)
FROM (VALUES ('CE-01: 10,890 in three months', 6200, 3630, 6340, 3590, 1, 55.9), ('CE-03', 100000, 25000, 55000, 5000, 2, 58.33),
	-- what the table calls past due stands where what is current belongs; the current is the closing less that
	('CE-04: 96 is printed', 50000, 200000, 40000, 30000, 1, 95.5), ('CE-05: 86 is printed', 30000, 150000, 50000, 30000, 1, 86.7),
	('CE-06: 75 is printed', 100000, 300000, 120000, 70000, 1, 84.8), ('CE-07: 62 is printed', 80000, 250000, 150000, 50000, 1, 64.3)) AS v (id, beginning, sales, ending, current, d, expected);
SELECT is(dunning.provision(amounts, percents), expected, id)
FROM (VALUES ('EC-01', '{7000000,4000000,2500000,1000000}'::numeric[], '{1.5,3.4,7.1,10.8}'::numeric[], 526500.00),
	('EC-02: 460 is printed, with a line of 112.50 cut to 112', '{15000,7500,4000,2500}', '{0.5,2.2,2.7,4.5}', 460.50),
	('EC-06', '{15000,7500,4000,2500,1000}', '{0.3,1.6,3.6,6.6,10.6}', 580.00)) AS v (id, amounts, percents, expected);
SELECT is(dunning.provision('{300000,140000,60000,23000,5000}', dunning.loss_percents(100000, '{50000,23000,8000,2000}', 2000), 0), 27567::numeric, 'EC-03: with the rates of the cohort, which nobody rounded');
SELECT is(dunning.provision('{300000,140000,60000,23000,5000}', '{2,4,8.7,25,100}', 0), 27570::numeric, 'with a rate of 8.7 it would be 27,570');
SELECT is((SELECT string_agg(round(p, 1)::text, ',' ORDER BY n) FROM unnest(dunning.loss_percents(100000, '{50000,23000,8000,2000}', 2000)) WITH ORDINALITY AS u (p, n)), '2.0,4.0,8.7,25.0,100.0', 'EC-05');

SELECT is(dunning.provision('{300,100}', '{80,50}', 4) * 100 / 400, 72.5, 'DP-04: points of 80 in time and 50 for 30 days late, weighted by amounts as the rates of a provision');

SELECT is(dunning.dso(100, 0, 30), NULL, 'no DSO of nothing sold');
SELECT is(dunning.dso(100, -5, 30), NULL, 'nor of credit notes alone');
SELECT is(dunning.count_back_dso(0, '{}', '{}'), 0::numeric, 'nothing open is no day');
SELECT is(pg_temp.try($$ SELECT dunning.count_back_dso(1, '{1,2}', '{30}') $$), '22023: sales and days must be two lists of one length', 'two lists of one length');
SELECT is(pg_temp.try($$ SELECT dunning.provision('{1,2}', '{30}') $$), '22023: amounts and percents must be two lists of one length', 'as for a provision');
SELECT is(pg_temp.try($$ SELECT dunning.loss_percents(100, '{50,0}', 1) $$), '22023: a cohort has amounts above zero', 'a cohort of which nothing is open has no rate');

--
-- Random books: payments of several days, none, too much, before the issue; credit notes; two currencies
--
CREATE TABLE public.facture (id integer PRIMARY KEY, client integer, societe text, issued_on date, due_on date, amount numeric, devise text, genre text);
CREATE TABLE public.reglement (id serial, facture integer, paid_on date, amount numeric);
INSERT INTO public.facture
SELECT n, (random() * 6)::integer, 'S' || n % 2, day, CASE WHEN random() < 0.95 THEN day + (random() * 60)::integer END, round((random() * 2000 - 200)::numeric, CASE WHEN random() < 0.1 THEN 3 ELSE 2 END),
	CASE WHEN random() < 0.8 THEN 'EUR' ELSE 'USD' END, CASE WHEN random() < 0.1 THEN 'down_payment' WHEN random() < 0.1 THEN 'receipt' END
FROM (SELECT n, date '2024-01-01' + (random() * 900)::integer AS day FROM generate_series(1, 500) AS n) AS s;
INSERT INTO public.reglement (facture, paid_on, amount)
SELECT f.id, f.issued_on - 5 + (random() * 200)::integer, round(f.amount * (ARRAY[1, 0.5, 0.3, 1.1])[1 + (random() * 3)::integer], 2) FROM public.facture AS f CROSS JOIN generate_series(1, 2) AS k WHERE random() < 0.6;
SELECT dunning.adopt('public.facture', columns => '{"key": "id", "customer": "client", "company": "societe", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount", "currency": "devise", "kind": "genre",
	"payments": {"table": "reglement", "item": "facture", "date": "paid_on", "amount": "amount"}}') \g /dev/null

CREATE TEMP TABLE base AS
SELECT devise, societe, client, amount, issued_on AS on_day, due_on, CASE WHEN genre IS NULL THEN amount END AS sale FROM public.facture
UNION ALL
SELECT f.devise, f.societe, f.client, - p.amount, greatest(p.paid_on, f.issued_on), f.due_on, NULL FROM public.reglement AS p JOIN public.facture AS f ON f.id = p.facture;

CREATE TEMP TABLE tried (n integer, grouping text, months integer, back integer, equal boolean, monthly boolean);
INSERT INTO tried VALUES (1, 'total', 3, 24, false, false), (2, 'customer', 1, 12, false, false), (3, 'company', 12, 36, true, true), (4, 'company', 6, 0, true, false), (5, 'total', 2, 3, false, true);
CREATE FUNCTION pg_temp.differences(n integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	t pg_temp.tried;
BEGIN
	SELECT s.* INTO t FROM pg_temp.tried AS s WHERE s.n = differences.n;
	DELETE FROM pg_temp.move;
	INSERT INTO pg_temp.move SELECT concat_ws(' ', b.devise, CASE t.grouping WHEN 'customer' THEN b.client::text WHEN 'company' THEN b.societe END), b.amount, b.on_day, b.due_on, b.sale FROM pg_temp.base AS b;
	RETURN QUERY
	WITH ours AS (SELECT concat_ws(' ', f.currency, f.company, f.customer) AS grp, f.as_of, f.receivables, f.overdue, f.overdue_beyond_90, f.sales, f.sales_days, f.dso, f.best_possible_dso, f.average_days_delinquent, f.count_back_dso,
			f.collection_effectiveness, f.overdue_percent, f.beyond_90_percent
			FROM dunning.figures('2024-01-31', '2026-12-31', grouped_by => t.grouping, months => t.months, count_back_months => t.back, thirty_day_months => t.equal, monthly_sales => t.monthly) AS f),
		theirs AS (SELECT h.grp, d.day, h.receivables, h.overdue, h.old, h.sales, h.days, h.dso, h.best, h.late, h.count_back, h.effectiveness, h.overdue_percent, h.old_percent
			FROM (SELECT (date '2024-02-01' + make_interval(months => k))::date - 1 AS day FROM generate_series(0, 35) AS k) AS d CROSS JOIN LATERAL pg_temp.by_hand(d.day, t.months, t.back, t.equal, t.monthly) AS h)
	SELECT 'ours ' || o::text FROM (TABLE ours EXCEPT TABLE theirs) AS o UNION ALL SELECT 'by hand ' || h::text FROM (TABLE theirs EXCEPT TABLE ours) AS h;
END $$;
SELECT is_empty(format('SELECT pg_temp.differences(%s)', n), format('36 month ends by %s, %s months, %s counted back%s%s', grouping, months, back, CASE WHEN equal THEN ', of 30 days' END, CASE WHEN monthly THEN ', average sales' END)) FROM tried ORDER BY n;
SELECT is((SELECT count(*) FROM dunning.figures('2024-01-31', '2026-12-31', grouped_by => 'customer')), 36 * (SELECT count(DISTINCT (client, devise)) FROM facture), 'a row a day for each customer and currency');

-- the same from histories: a ledger that nets nothing, or has terms, is read by its items
CREATE TEMP TABLE whole AS SELECT * FROM dunning.figures('2024-01-31', '2026-12-31', grouped_by => 'customer');
SELECT set_eq($$ SELECT f.as_of, h.currency, h.customer, f.receivables, f.overdue, f.dso, f.count_back_dso, f.collection_effectiveness FROM (
		SELECT i.currency, i.customer, dunning.figures(i.history, i.issued_on, i.due_on, CASE WHEN i.kind IN ('invoice', 'credit_note') THEN i.amount END,
			(SELECT array_agg(DISTINCT w.as_of ORDER BY w.as_of) FROM whole AS w), 3, 24) AS f
		FROM dunning.ledger_items('2026-12-31') AS i GROUP BY 1, 2) AS h CROSS JOIN LATERAL unnest(h.f) AS f $$,
	'SELECT as_of, currency, customer, receivables, overdue, dso, count_back_dso, collection_effectiveness FROM whole', 'the aggregate over histories has the figures of the series');
INSERT INTO dunning.ledger_setting (ledger, netting) VALUES ('facture', 'none');
SELECT set_eq($$ SELECT as_of, currency, receivables, overdue FROM dunning.figures('2024-01-31', '2026-12-31') $$,
	$$ SELECT d.day, g.devise, coalesce(sum(b.amount) FILTER (WHERE b.on_day <= d.day), 0) AS open, coalesce(sum(b.amount) FILTER (WHERE b.on_day <= d.day AND b.due_on < d.day), 0) AS overdue
		FROM (SELECT (date '2024-02-01' + make_interval(months => k))::date - 1 AS day FROM generate_series(0, 35) AS k) AS d CROSS JOIN (VALUES ('EUR'), ('USD')) AS g (devise)
		JOIN (SELECT f.devise, f.amount, f.issued_on AS on_day, f.due_on FROM facture AS f WHERE f.amount >= 0
			UNION ALL SELECT f.devise, - p.amount, greatest(p.paid_on, f.issued_on), f.due_on FROM reglement AS p JOIN facture AS f ON f.id = p.facture WHERE f.amount >= 0) AS b ON b.devise = g.devise
		GROUP BY 1, 2 $$, 'what the ledger does not net is left out, as in an aged balance');
DELETE FROM dunning.ledger_setting;

-- Days that are no ends of months, and steps that are no months
SELECT results_eq($$ SELECT as_of, sales_days, receivables, sales FROM dunning.figures('2025-03-15', '2025-04-05', '1 week', months => 1, count_back_months => 0) WHERE currency = 'EUR' ORDER BY as_of $$,
	$$ SELECT d.day, d.day - d.before AS days, sum(b.amount) FILTER (WHERE b.on_day <= d.day) AS open, coalesce(sum(b.sale) FILTER (WHERE b.on_day <= d.day AND b.on_day > d.before), 0) AS sold
		FROM (SELECT day::date, (day - interval '1 month')::date AS before FROM generate_series(timestamp '2025-03-15', '2025-04-05', '1 week') AS day) AS d CROSS JOIN base AS b WHERE b.devise = 'EUR' GROUP BY d.day, d.before ORDER BY 1 $$,
	'any day and step: the month before 15 March begins after 15 February');

-- An amount that is no number leaves no figures from its day on, and those of before it
INSERT INTO facture VALUES (9001, 1, 'S0', '2026-03-10', '2026-04-10', 'NaN', 'EUR', NULL);
SELECT results_eq($$ SELECT as_of, receivables IS NULL, dso IS NULL, sales_days FROM dunning.figures('2026-02-28', '2026-03-31', months => 1) WHERE currency = 'EUR' ORDER BY as_of $$,
	$$ VALUES (date '2026-02-28', false, false, 28), ('2026-03-31', true, true, 31) $$, 'NaN leaves no figures, and no error');
DELETE FROM facture WHERE id = 9001;

-- What it is not
SELECT is(pg_temp.try($$ SELECT dunning.figures('2026-01-31', months => 0) $$), '22023: there are no figures of 0 months of sales, and 24 months counted back', 'no month');
SELECT is(pg_temp.try($$ SELECT dunning.figures('2026-01-31', grouped_by => 'colour') $$), '22023: a report cannot be by "colour"', 'another word');
SELECT is(pg_temp.try($$ SELECT dunning.figures('2026-01-31', ledger => 'nix') $$), '42704: ledger "nix" does not exist', 'another ledger');
SELECT is_empty($$ SELECT dunning.figures('2026-02-28', '2026-01-31') $$, 'no days, no rows');
SELECT is(pg_temp.try($$ SELECT dunning.figures(1, '2026-01-01', NULL, NULL, '{2026-01-31,2026-01-30}', 1, 0) $$), '22023: there are no figures on these days', 'days ascend');
SELECT is(pg_temp.try($$ SELECT dunning.figures(a, '2026-01-01', NULL, NULL, d, 1, 0) FROM (VALUES (1, '{2026-01-31}'::date[]), (1, '{2026-02-28}')) AS v (a, d) $$), '22023: figures of different days or months cannot be added', 'and are the same in a group');
SELECT is(pg_temp.try($$ SELECT dunning.figures(1, '2026-01-01', NULL, NULL, NULL, 1, 0) $$), '22004: days and months of figures must not be null', 'and are there');
SELECT is(pg_temp.try($$ SELECT dunning.figures('1900-01-01', '2026-01-31', '5 days') $$), '54000: too many days for a series of figures', 'not too many');

-- The state: in any order, in parts, to a text and back; amounts that no money column holds
CREATE TEMP TABLE v AS SELECT round((random() * 1e6 - 1e5)::numeric, (random() * 9)::integer) AS a, date '2024-01-01' + (random() * 700)::integer AS d, n % 5 AS part FROM generate_series(1, 300) AS n;
INSERT INTO v VALUES (1234567890123.5, '2024-06-01', 1), (0.000000000000000001, '2024-07-01', 2);
SELECT is((SELECT _dunning.figures_of(_dunning.sum(s), false, false) FROM (SELECT _dunning.figures_state(a, d, d + 30, a, '{2024-12-31,2025-06-30,2025-12-31}', 2, 4)::text::_dunning.figures_state AS s FROM v GROUP BY part) AS p),
	(SELECT dunning.figures(a, d, d + 30, a, '{2024-12-31,2025-06-30,2025-12-31}', 2, 4 ORDER BY a DESC) FROM v), 'parts by way of their texts add up to the whole, in any order');
SELECT is((SELECT receivables FROM unnest((SELECT dunning.figures(a, d, d + 30, a, '{2025-12-31}', 2, 4) FROM v)) AS f), (SELECT sum(a) FROM v WHERE d <= '2025-12-31'), 'all digits are there');
SELECT * FROM finish();
ROLLBACK;
