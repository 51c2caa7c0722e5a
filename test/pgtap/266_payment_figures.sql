-- When customers pay: days to pay, the table of payment delays, profiles, warning signs,
-- the effect of steps, provisions; on random books beside plain SQL.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL jit = off;
SET LOCAL dunning.today = '2026-06-30';
SELECT no_plan();
SELECT setseed(0.77) \g /dev/null
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

CREATE TABLE public.facture (id integer PRIMARY KEY, client integer, nom text, societe text, issued_on date, due_on date, amount numeric(12, 2), devise text);
CREATE TABLE public.reglement (id serial, facture integer, paid_on date, amount numeric(12, 2), code text);
INSERT INTO public.facture
SELECT n, n % 5, 'Client ' || n % 5, 'S' || n % 2, day, day + 30, round((random() * 1000 + 1)::numeric, 2), 'EUR' FROM (SELECT n, date '2025-01-01' + (random() * 500)::integer AS day FROM generate_series(1, 300) AS n) AS s;
INSERT INTO public.facture SELECT 1000 + n, n % 5, 'Client ' || n % 5, 'S' || n % 2, '2026-01-01', '2026-02-01', -50 - n, 'EUR' FROM generate_series(1, 6) AS n;
INSERT INTO public.reglement (facture, paid_on, amount) SELECT id, due_on - 10 + (random() * 60)::integer, amount FROM public.facture WHERE id < 1000 AND id % 6 <> 0;
INSERT INTO public.reglement (facture, paid_on, amount) SELECT id, due_on + 5, round(amount / 3, 2) FROM public.facture WHERE id < 1000 AND id % 12 = 0;
SELECT dunning.adopt('public.facture', columns => '{"key": "id", "customer": "client", "customer_name": "nom", "company": "societe", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount", "currency": "devise",
	"payments": {"table": "reglement", "item": "facture", "date": "paid_on", "amount": "amount", "reject_code": "code"}}') \g /dev/null
CREATE TEMP TABLE paid AS SELECT f.*, p.paid_on FROM facture AS f JOIN reglement AS p ON p.facture = f.id WHERE f.id % 6 <> 0;

--
-- Days to pay
--
SELECT results_eq($$ SELECT items, days_to_pay, weighted_days_to_pay FROM (SELECT 2::bigint AS items, 7.50 AS days_to_pay, round((10 * 5 + 100 * 10) / 110.0, 2) AS weighted_days_to_pay) AS e $$,
	$$ VALUES (2::bigint, 7.50, 9.55) $$, 'DP-01, DP-02 by hand');
SELECT set_eq($$ SELECT as_of, customer::text, items, amount, days_to_pay, weighted_days_to_pay, days_late, weighted_days_late, in_time_percent FROM dunning.payment_figures('2025-03-31', '2026-06-30', grouped_by => 'customer') $$,
	$$ SELECT * FROM (SELECT (date_trunc('month', paid_on) + interval '1 month')::date - 1, client::text, count(*), sum(amount), round(avg(paid_on - issued_on), 2), round(sum((paid_on - issued_on) * amount) / sum(amount), 2),
		round(avg(paid_on - due_on), 2), round(sum((paid_on - due_on) * amount) / sum(amount), 2), round(100 * sum(CASE WHEN paid_on <= due_on THEN amount ELSE 0 END) / sum(amount), 2)
		FROM paid WHERE paid_on BETWEEN '2025-03-01' AND '2026-06-30' GROUP BY 1, 2) AS x (a, b, c, d, e, f, g, h, i) $$, 'each month of each customer');
SELECT results_eq($$ SELECT as_of, items, days_to_pay, weighted_days_to_pay FROM dunning.payment_figures('2025-12-31', '2026-12-31', '1 year') $$,
	$$ SELECT make_date(y, 12, 31), count(*), round(avg(paid_on - issued_on), 2), round(sum((paid_on - issued_on) * amount) / sum(amount), 2)
		FROM (SELECT *, extract(year FROM paid_on)::integer AS y FROM paid) AS p WHERE y IN (2025, 2026) GROUP BY y ORDER BY y $$, 'and each year');
SAVEPOINT two;
DELETE FROM reglement; DELETE FROM facture;
INSERT INTO facture VALUES (1, 1, 'A', 'S', '2026-01-01', '2026-01-05', 10, 'EUR'), (2, 1, 'A', 'S', '2026-01-01', '2026-01-05', 100, 'EUR');
INSERT INTO reglement (facture, paid_on, amount) VALUES (1, '2026-01-06', 10), (2, '2026-01-11', 100);
SELECT results_eq($$ SELECT days_to_pay, weighted_days_to_pay FROM dunning.payment_figures('2026-01-31', '2026-01-31') $$, $$ VALUES (7.50, 9.55) $$, 'DP-01 and DP-02: days to pay as a mean, and weighted');
ROLLBACK TO two;

--
-- The table of payment delays (D441-6)
--
SELECT dunning.hold_item('facture', '6', 'dispute', '2026-06-01', note => 'prix') \g /dev/null
SELECT dunning.hold_item('facture', '18', 'dispute', '2026-05-01') \g /dev/null
SELECT dunning.release_hold(hold, 'clos', on_day => '2026-06-15') FROM dunning.hold WHERE item = '18' \g /dev/null
CREATE TEMP TABLE closing AS
SELECT societe, id = 6 AS disputed, amount - paid AS open, days, CASE WHEN days <= 0 THEN 0 WHEN days <= 30 THEN 1 WHEN days <= 60 THEN 2 WHEN days <= 90 THEN 3 ELSE 4 END AS bucket
FROM (SELECT f.*, date '2026-06-30' - f.due_on AS days, coalesce((SELECT sum(p.amount) FROM reglement AS p WHERE p.facture = f.id AND p.paid_on <= '2026-06-30'), 0) AS paid FROM facture AS f WHERE f.issued_on <= '2026-06-30' AND f.amount > 0) AS s
WHERE amount > paid;
CREATE TEMP TABLE sold AS SELECT societe, sum(amount) AS sales FROM facture WHERE issued_on BETWEEN '2025-07-01' AND '2026-06-30' GROUP BY 1;
SELECT set_eq($$ SELECT company, disputed, bucket, invoices, amount, percent FROM dunning.payment_delays('2026-06-30') $$,
	$$ SELECT * FROM (SELECT s.societe, d, b, count(c.open), coalesce(sum(c.open), 0), round(100 * coalesce(sum(c.open), 0) / s.sales, 2)
		FROM sold AS s CROSS JOIN unnest('{false,true}'::boolean[]) AS d CROSS JOIN unnest('{0,1,2,3,4,NULL}'::integer[]) AS b
		LEFT JOIN closing AS c ON c.societe = s.societe AND c.disputed = d AND (c.bucket = b OR b IS NULL AND c.bucket > 0) GROUP BY 1, 2, 3, s.sales) AS x (a, b, c, d, e, f) $$, 'what is open on the closing day, by delay, disputed apart, in percent of sales');
SELECT is((SELECT sum(sales) FROM (SELECT DISTINCT company, sales FROM dunning.payment_delays('2026-06-30')) AS s), (SELECT sum(sales) FROM sold), 'credit notes lessen the sales');
SELECT set_eq($$ SELECT company, bucket, sum(invoices)::bigint AS invoices, sum(amount) AS amount FROM dunning.payment_delays('2026-06-30', invoices => 'late in the year') GROUP BY 1, 2 $$,
	$$ SELECT s.societe, b, count(l.amount), coalesce(sum(l.amount), 0) FROM sold AS s CROSS JOIN unnest('{1,2,3,4,NULL}'::integer[]) AS b
		LEFT JOIN (SELECT societe, amount, CASE WHEN days <= 30 THEN 1 WHEN days <= 60 THEN 2 WHEN days <= 90 THEN 3 ELSE 4 END AS bucket
			FROM (SELECT f.*, least(coalesce(p.paid_on, '2026-06-30'), '2026-06-30') - f.due_on AS days FROM facture AS f LEFT JOIN paid AS p ON p.id = f.id
				WHERE f.amount > 0 AND f.issued_on <= '2026-06-30' AND f.due_on < '2026-06-30' AND (p.paid_on IS NULL OR p.paid_on > greatest(f.due_on, '2025-06-30'))) AS x) AS l
		ON l.societe = s.societe AND (l.bucket = b OR b IS NULL) GROUP BY 1, 2 $$, 'what was late in the year, whenever it was paid');
SELECT is(pg_temp.try($$ SELECT dunning.payment_delays('2026-06-30', invoices => 'all') $$), '22023: there is no table of payment delays of invoices "all"', 'another word');
SELECT is(pg_temp.try($$ SELECT dunning.payment_delays('2026-06-30', '2026-07-01') $$), '22023: a year from 2026-07-01 to 2026-06-30 has no payment delays', 'no days');

--
-- One customer
--
SELECT results_eq($$ SELECT paid_items, usual_days_late, spread_days, recent_days_late, trend_days, in_time_percent, open_amount, overdue, disputes FROM dunning.payer_profile('facture', '1', '2026-06-30') $$,
	$$ SELECT count(*), round(avg(paid_on - due_on), 2), round(stddev_samp(paid_on - due_on), 2), round(avg(paid_on - due_on) FILTER (WHERE paid_on > '2026-03-31'), 2),
		round(avg(paid_on - due_on) FILTER (WHERE paid_on > '2026-03-31') - avg(paid_on - due_on) FILTER (WHERE paid_on <= '2026-03-31'), 2),
		round(100 * sum(CASE WHEN paid_on <= due_on THEN amount ELSE 0 END) / sum(amount), 2),
		(SELECT sum(open_amount) FROM dunning.open_items('2026-06-30') WHERE customer = '1'), (SELECT sum(open_amount) FROM dunning.open_items('2026-06-30') WHERE customer = '1' AND due_on < '2026-06-30'), 1::bigint
		FROM paid WHERE client = 1 AND paid_on > '2025-06-30' AND paid_on <= '2026-06-30' $$, 'the habits of a customer');
SELECT is((SELECT disputes FROM dunning.payer_profile('facture', '3', '2026-06-30')), 1::bigint, 'a dispute that ended is one') WHERE (SELECT client FROM facture WHERE id = 18) = 3;
SELECT is_empty($$ SELECT dunning.payer_profile('facture', '99') $$, 'no customer, no row');
SELECT is(pg_temp.try($$ SELECT dunning.payer_profile('nix', '1') $$), '42704: ledger "nix" does not exist', 'no ledger');

--
-- Disputes and promises over time
--
SAVEPOINT promised;
INSERT INTO dunning.promise (ledger, customer, items, currency, amount, needed, promised_on, promised_for, last_on)
SELECT 'facture', dunning.item_key(client), ARRAY[dunning.item_key(id)], 'EUR', amount, amount, due_on - 11, due_on + n, due_on + n FROM (SELECT *, (id % 5) * 12 AS n FROM paid WHERE id % 7 = 0) AS p WHERE amount > 10;
SELECT set_eq($$ SELECT as_of, customer::text, disputed, disputed_percent, dispute_days, promises, kept_promises, kept_percent FROM dunning.process_figures('2026-01-31', '2026-06-30', grouped_by => 'customer') $$,
	$$ SELECT * FROM (SELECT f.as_of, f.customer::text, coalesce(d.amount, 0), round(100 * coalesce(d.amount, 0) / nullif(greatest(f.receivables, 0), 0), 2), round(coalesce(d.amount, 0) * f.sales_days / nullif(greatest(f.sales, 0), 0), 2),
			coalesce(p.n, 0), coalesce(p.kept, 0), round(100.0 * p.kept / nullif(p.n, 0), 2)
		FROM dunning.figures('2026-01-31', '2026-06-30', grouped_by => 'customer') AS f
		LEFT JOIN LATERAL (SELECT sum(i.open_amount) AS amount FROM dunning.open_items(f.as_of) AS i WHERE i.customer = f.customer AND (i.item = '6' AND f.as_of >= '2026-06-01' OR i.item = '18' AND f.as_of BETWEEN '2026-05-01' AND '2026-06-14')) AS d ON true
		LEFT JOIN LATERAL (SELECT count(*) AS n, count(*) FILTER (WHERE q.paid_on <= q.due_on + q.k) AS kept FROM (SELECT *, (id % 5) * 12 AS k FROM paid WHERE id % 7 = 0 AND amount > 10) AS q
			WHERE q.client::text = f.customer::text AND least(q.paid_on, q.due_on + q.k + 1) > (date_trunc('month', f.as_of) - interval '1 day')::date AND least(q.paid_on, q.due_on + q.k + 1) <= f.as_of) AS p ON true) AS x (a, b, c, d, e, f, g, h) $$,
	'each month of each customer: what is in dispute, and the promises that were decided');
SELECT ok((SELECT sum(promises) > 5 AND sum(kept_promises) BETWEEN 1 AND sum(promises) - 1 AND max(disputed) > 0 FROM dunning.process_figures('2026-01-31', '2026-06-30')), 'some were kept and some were not');
ROLLBACK TO promised;

--
-- Warning signs, each by its fact
--
DELETE FROM reglement; DELETE FROM facture;
INSERT INTO facture SELECT n, c, 'Client ' || c, 'S', date '2026-01-01' + n % 4, date '2026-02-01' + n % 4, 100, 'EUR' FROM generate_series(1, 5) AS c CROSS JOIN LATERAL generate_series(c * 10, c * 10 + 3) AS n;
INSERT INTO reglement (facture, paid_on, amount) SELECT id, due_on + 10 + id % 4, amount FROM facture;
INSERT INTO facture VALUES (101, 1, 'Client 1', 'S', '2026-04-01', '2026-06-10', 100, 'EUR'), (201, 2, 'Client 2', 'S', '2026-06-10', '2026-07-10', 201, 'EUR'), (202, 2, 'Client 2', 'S', '2026-06-11', '2026-07-10', 200, 'EUR'),
	(301, 3, 'Client 3', 'S', '2026-06-01', '2026-07-10', 100, 'EUR'), (401, 4, 'Client 4', 'S', '2026-06-01', '2026-06-25', 100, 'EUR'), (501, 5, 'Client 5', 'S', '2026-05-01', '2026-06-28', 100, 'EUR');
SELECT dunning.hold_item('facture', '301', 'dispute', '2026-06-20', note => 'qualité') \g /dev/null
INSERT INTO reglement (facture, paid_on, amount, code) VALUES (401, '2026-06-26', 100, NULL), (401, '2026-06-28', -100, 'AM04');
INSERT INTO dunning.promise (ledger, customer, items, currency, amount, needed, promised_on, promised_for, last_on) VALUES ('facture', '5', '{501}', 'EUR', 100, 100, '2026-06-10', '2026-06-20', '2026-06-20');
INSERT INTO reglement (facture, paid_on, amount) VALUES (501, '2026-06-15', 40);
SELECT results_eq($$ SELECT customer::text, sign, on_day, item::text, amount, fact FROM dunning.warning_signs('2026-06-30') $$, $$ VALUES
	('1', 'later_than_usual', date '2026-06-23', '101', 100.00, '101: 20 days late; usually 11.5, give or take 1.3'),
	('2', 'beyond_usual', '2026-06-10', '201', 201.00, '201 of €201.00; at most €100.00 in the year before'),
	('3', 'first_dispute', '2026-06-20', '301', NULL, 'first dispute, of 20 June 2026: qualité'),
	('4', 'rejected_payment', '2026-06-28', '401', 100.00, '401: payment rejected (AM04)'),
	('5', 'broken_promise', '2026-06-21', NULL, 60.00, 'promise of €100.00 for 20 June 2026: paid €40.00') $$, 'five customers, five signs');
SELECT is((SELECT string_agg(fact, ' | ' ORDER BY customer::text) FROM dunning.warning_signs('2026-06-30', language => 'fr') WHERE sign IN ('later_than_usual', 'first_dispute')),
	'101 : 20 jours de retard ; d''habitude 11,5, plus ou moins 1,3 | premier litige, noté le 20/06/2026: qualité', 'in French');
SELECT results_eq($$ SELECT s.* FROM unnest('{1,2,3,4,5,6}'::integer[]) AS c CROSS JOIN LATERAL dunning.warning_signs('2026-06-30', NULL, dunning.item_key(c)) AS s $$,
	$$ SELECT * FROM dunning.warning_signs('2026-06-30') $$, 'each of the five, asked for alone');
SELECT is_empty($$ SELECT FROM dunning.warning_signs('2026-06-30', customer => '99') $$, 'nobody');
SELECT is((SELECT count(*) FROM dunning.warning_signs('2026-06-23') WHERE sign = 'later_than_usual'), 1::bigint, 'on the first day of the sign it is there');
SELECT is((SELECT count(*) FROM dunning.warning_signs('2026-06-22') WHERE sign = 'later_than_usual'), 0::bigint, 'and not on the day before');
SELECT results_eq($$ SELECT promises, broken_promises, rejected_payments FROM dunning.payer_profile('facture', '5', '2026-06-30') UNION ALL SELECT promises, broken_promises, rejected_payments FROM dunning.payer_profile('facture', '4', '2026-06-30') $$,
	$$ VALUES (1::bigint, 1::bigint, 0::bigint), (0, 0, 1) $$, 'the profile counts them');

--
-- What steps brought
--
INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, state, channel, label, sent_on) VALUES
	('facture', '101', '5', 1, '2026-06-15', 'sent', 'email', 'A', '2026-06-15'), ('facture', '501', '5', 1, '2026-06-12', 'sent', 'email', 'A', '2026-06-12'), ('facture', '201', '15', 2, '2026-06-12', 'pending', 'letter', NULL, NULL);
SELECT results_eq($$ SELECT channel, step, label, reminders, asked, paid_reminders, paid, paid_percent, mean_days, usual_percent FROM dunning.step_effect('2026-06-01', '2026-06-16') $$,
	-- 101 is 5 days late when it is reminded: all of his 4 were later, and settled within 5 + 14 days.  501 is not late yet, his were settled 10 to 13 days late, after 16 days before the due date + 14
	$$ VALUES ('email', '5', 'A', 2::bigint, 200.00, 1::bigint, 40.00, 20.00, 3.00, 50.00) $$, 'of 200.00, 40.00 came in three days later; by habit a half would have');
SELECT is_empty($$ SELECT dunning.step_effect('2026-01-01', '2026-05-31') $$, 'no reminders, no effect');

--
-- Provisions
--
DELETE FROM reglement; DELETE FROM facture;
INSERT INTO facture SELECT n, 1, 'A', CASE WHEN n > 4 THEN 'S2' ELSE 'S1' END, '2026-01-01', date '2026-06-30' - days, amount, 'EUR' FROM (VALUES (1, 0, 15000), (2, 10, 7500), (3, 40, 4000), (4, 100, 2500), (5, 100, 33.33)) AS v (n, days, amount);
SELECT results_eq($$ SELECT bucket, amount, percent, provision FROM dunning.provision_report('2026-06-30', '{"default": [0.5, 2.2, 2.7, 9, 4.5], "S2": [50, 50, 50, 50, 50]}', 'company') WHERE amount > 0 $$,
	$$ VALUES (0, 15000.00, 0.5, 75.00), (1, 7500.00, 2.2, 165.00), (2, 4000.00, 2.7, 108.00), (4, 2500.00, 4.5, 112.50), (4, 33.33, 50, 16.67), (NULL, 29033.33, NULL, 477.17) $$, 'EC-02 to the cent, a segment with rates of its own, and the total');
SELECT is((SELECT provision FROM dunning.provision_report('2026-06-30', '[0.333, 0.333, 0.333, 0.333, 0.333]') WHERE is_total), round((29033.33 * 0.333 / 100), 2), 'the total is rounded once');
SELECT is((SELECT sum(provision) FROM dunning.provision_report('2026-06-30', '[0.333, 0.333, 0.333, 0.333, 0.333]') WHERE NOT is_total), round((29033.33 * 0.333 / 100), 2), 'and its lines add up to it');
SELECT results_eq($$ SELECT provision IS NULL FROM dunning.provision_report('2026-06-30', '{"S2": [50, 50, 50, 50, 50]}', 'company') WHERE is_total OR segment = 'S1' AND amount > 0 GROUP BY 1 $$,
	$$ VALUES (true) $$, 'no total where a segment has no rates');
SELECT is(pg_temp.try($$ SELECT dunning.provision_report('2026-06-30', '[1, 2]') $$), '22023: segment "default" has 2 rates for 5 buckets', 'a rate for each bucket');
SELECT is(pg_temp.try($$ SELECT dunning.provision_report('2026-06-30', '["a"]') $$), '22023: percents is not a list of rates', 'rates are numbers');
SELECT is(pg_temp.try($$ SELECT dunning.provision_report('2026-06-30', '[]', 'colour') $$), '22023: a report cannot be by "colour"', 'another segment');
SELECT * FROM finish();
ROLLBACK;
