-- Ratios of pg_dunning against SQL written by hand, in one session.
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION pg_dunning;
\pset footer off

-- best of three, in milliseconds, and the answer, so that both sides are seen to agree
CREATE TABLE measure (what text, way text, ms numeric, answer text);
CREATE FUNCTION measure(what text, way text, query text, times integer DEFAULT 3) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz;
	best numeric;
	took numeric;
	answer text;
BEGIN
	FOR i IN 1 .. times LOOP
		began := clock_timestamp();
		EXECUTE query INTO answer;
		took := extract(epoch FROM clock_timestamp() - began) * 1000;
		best := least(best, took);
	END LOOP;
	INSERT INTO measure VALUES (what, way, best, answer);
END $$;

\echo
\echo Generating :items items of 20000 customers ...
SELECT setseed(0.5) \g /dev/null
CREATE TABLE item AS
	SELECT i AS id, 'F' || lpad(i::text, 9, '0') AS number, 1 + (random() * 19999)::integer AS customer_id,
		d AS invoice_date, d + 30 AS due_date, round((10 + random() ^ 4 * 20000)::numeric, 2)::numeric(14, 2) AS amount_total,
		CASE WHEN random() < 0.9 THEN 'EUR' ELSE 'USD' END AS currency, repeat('x', 40) AS note
	FROM (SELECT i, '2007-06-01'::date + (random() * 7000)::integer AS d FROM generate_series(1, :items) AS i) AS s;
ALTER TABLE item ADD PRIMARY KEY (id);
CREATE INDEX ON item (due_date);
CREATE INDEX ON item (customer_id);
CREATE TABLE rate AS SELECT from_day, to_day, rate FROM dunning.rates((SELECT dunning.rate_history(rule) FROM dunning.rule WHERE name = 'france'));
CREATE TABLE rule AS SELECT rule FROM dunning.rule WHERE name = 'france';
VACUUM ANALYZE item;
VACUUM ANALYZE rate;
DELETE FROM item WHERE due_date < '2009-01-01';

-- 1. late interest of every item, rates of 18 years
\set as_of '''2026-06-30'''
CREATE FUNCTION interest_plpgsql(amount numeric, due_on date, as_of date) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
DECLARE
	r record;
	total numeric := 0;
BEGIN
	IF as_of <= due_on THEN
		RETURN 0.00;
	END IF;
	FOR r IN SELECT from_day, to_day, rate FROM rate WHERE from_day <= as_of AND to_day > due_on LOOP
		total := total + r.rate * (least(r.to_day, as_of) - greatest(r.from_day - 1, due_on));
	END LOOP;
	RETURN round(amount * total / 36500, 2);
END $$;
SELECT rule AS rule FROM rule \gset
SELECT measure('late interest', 'sum of the open amounts', 'SELECT sum(amount_total) FROM item'),
	measure('late interest', 'pg_dunning', format('SELECT sum(dunning.late_interest(amount_total, due_date, %L, %L)) FROM item', :as_of, :'rule')),
	measure('late interest', 'SQL joined to a rates table', format(
		'SELECT sum(interest) FROM (SELECT round(i.amount_total * sum(r.rate * (least(r.to_day, %1$L) - greatest(r.from_day - 1, i.due_date))) / 36500, 2) AS interest
		FROM item AS i JOIN rate AS r ON r.from_day <= %1$L AND r.to_day > i.due_date WHERE i.due_date < %1$L GROUP BY i.id) AS s', :as_of), 1),
	measure('late interest', 'SQL with a LATERAL sum', format(
		'SELECT sum(round(i.amount_total * s.total / 36500, 2)) FROM item AS i CROSS JOIN LATERAL (SELECT sum(r.rate * (least(r.to_day, %1$L) - greatest(r.from_day - 1, i.due_date))) AS total
		FROM rate AS r WHERE r.from_day <= %1$L AND r.to_day > i.due_date) AS s WHERE i.due_date < %1$L', :as_of), 1),
	measure('late interest', 'PL/pgSQL', format('SELECT sum(interest_plpgsql(amount_total, due_date, %L)) FROM item', :as_of), 1) \g /dev/null

-- 2. aged balance
\set buckets 'sum(amount_total) FILTER (WHERE due_date >= d) AS not_due, sum(amount_total) FILTER (WHERE due_date < d AND due_date >= d - 30), sum(amount_total) FILTER (WHERE due_date < d - 30 AND due_date >= d - 60), sum(amount_total) FILTER (WHERE due_date < d - 60 AND due_date >= d - 90), sum(amount_total) FILTER (WHERE due_date < d - 90) AS old, sum(amount_total) FILTER (WHERE due_date IS NULL)'
SELECT regexp_replace(:'buckets', '\md\M', 'DATE ' || quote_literal(:as_of), 'g') AS buckets \gset
SELECT measure('aged balance by customer', 'count(*)', 'SELECT count(*) FROM (SELECT customer_id, count(*) FROM item GROUP BY customer_id) AS s'),
	measure('aged balance by customer', 'reading the columns: count(*), max(date)', 'SELECT count(*) FROM (SELECT customer_id, count(amount_total), max(due_date) FROM item GROUP BY customer_id) AS s'),
	measure('aged balance by customer', 'pg_dunning', format('SELECT sum(dunning.amount(b, 4)) FROM (SELECT customer_id, dunning.aged_balance(amount_total, due_date, %L, ''30,60,90'') AS b FROM item GROUP BY customer_id) AS s', :as_of)),
	measure('aged balance by customer', 'six sum(...) FILTER', format('SELECT sum(old) FROM (SELECT customer_id, %s FROM item GROUP BY customer_id) AS s', :'buckets')),
	measure('aged balance, one group', 'reading the columns: count(amount)', 'SELECT count(amount_total) FROM item'),
	measure('aged balance, one group', 'pg_dunning', format('SELECT dunning.amount(dunning.aged_balance(amount_total, due_date, %L, ''30,60,90''), 4) FROM item', :as_of)),
	measure('aged balance, one group', 'six sum(...) FILTER', format('SELECT old FROM (SELECT %s FROM item) AS s', :'buckets')) \g /dev/null

-- the same with two workers, on two processors at least
SET max_parallel_workers_per_gather = 2;
SELECT measure('aged balance, one group', 'pg_dunning with two workers', format('SELECT dunning.amount(dunning.aged_balance(amount_total, due_date, %L, ''30,60,90''), 4) FROM item', :as_of)) \g /dev/null
SET max_parallel_workers_per_gather = 0;

-- 3. overdue items, by a scan and by the index
SELECT measure('is_overdue, most items', 'pg_dunning', format('SELECT count(*) FROM item WHERE dunning.is_overdue(due_date, %L)', :as_of), 7),
	measure('is_overdue, most items', 'the comparison', format('SELECT count(*) FROM item WHERE due_date < %L', :as_of), 7),
	measure('is_overdue, few items', 'pg_dunning', 'SELECT count(*) FROM item WHERE dunning.is_overdue(due_date, ''2009-01-31'', 5)', 7),
	measure('is_overdue, few items', 'the comparison', 'SELECT count(*) FROM item WHERE due_date < ''2009-01-26''', 7),
	measure('in_aging_bucket, a month of items', 'pg_dunning', format('SELECT count(*) FROM item WHERE dunning.in_aging_bucket(due_date, %L, 2, ''1 month, 2 months'')', '2020-06-30'), 7),
	measure('in_aging_bucket, a month of items', 'the comparisons', 'SELECT count(*) FROM item WHERE due_date >= ''2020-04-30'' AND due_date < ''2020-05-30''', 7),
	measure('in_aging_bucket, most items', 'pg_dunning', format('SELECT count(*) FROM item WHERE dunning.in_aging_bucket(due_date, %L, 4)', :as_of), 7),
	measure('in_aging_bucket, most items', 'the comparison', format('SELECT count(*) FROM item WHERE due_date <= DATE %L - 91', :as_of), 7) \g /dev/null

-- 4. due dates: beside a sum of days in the same query, and the same terms by hand
CREATE FUNCTION due_plpgsql(issued_on date, days integer) RETURNS date LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
	RETURN (date_trunc('month', (issued_on + days)::timestamp) + interval '1 month - 1 day')::date;
END $$;
-- terms as an application keeps them, read by a function that knows a few forms
CREATE FUNCTION due_plpgsql(issued_on date, terms text) RETURNS date LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
	part text[];
	due date := issued_on;
BEGIN
	part := regexp_match(terms, '^(?:net )?(\d+)(?: days)?( end of month)?(?: on the (\d+)(?:st|nd|rd|th)?)?$');
	IF part IS NOT NULL THEN
		due := due + part[1]::integer;
	ELSE
		part := regexp_match(terms, '^end of month \+ (\d+) days$');
		IF part IS NULL THEN
			RAISE EXCEPTION 'unknown terms: "%"', terms;
		END IF;
		RETURN (date_trunc('month', due::timestamp) + interval '1 month - 1 day')::date + part[1]::integer;
	END IF;
	IF part[2] IS NOT NULL THEN
		due := (date_trunc('month', due::timestamp) + interval '1 month - 1 day')::date;
		IF part[3] IS NOT NULL THEN
			due := due + least(part[3]::integer, extract(day FROM date_trunc('month', due::timestamp) + interval '2 months - 1 day')::integer);
		END IF;
	END IF;
	RETURN due;
END $$;
CREATE TABLE holiday AS SELECT h.day FROM generate_series(2000, 2040) AS y CROSS JOIN LATERAL dunning.holidays(dunning.holiday_calendar('france'), y) AS h (day);
ALTER TABLE holiday ADD PRIMARY KEY (day);
CREATE FUNCTION business_plpgsql(issued_on date, days integer) RETURNS date LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
	due date := due_plpgsql(issued_on, days);
BEGIN
	WHILE extract(isodow FROM due) > 5 OR EXISTS (SELECT FROM holiday AS h WHERE h.day = due) LOOP
		due := due + 1;
	END LOOP;
	RETURN due;
END $$;
VACUUM ANALYZE holiday;
SELECT dunning.holiday_calendar('france') AS france \gset
SELECT measure('due date, end of month', 'reading the dates', 'SELECT max(invoice_date) FROM item', 7),
	measure('due date, end of month', 'invoice_date + 30', 'SELECT max(invoice_date + 30) FROM item', 7),
	measure('due date, end of month', 'pg_dunning', 'SELECT max(dunning.due_date(invoice_date, ''45 days end of month'')) FROM item', 7),
	measure('due date, end of month', 'PL/pgSQL, days as a number', 'SELECT max(due_plpgsql(invoice_date, 45)) FROM item', 1),
	measure('due date, end of month', 'PL/pgSQL, terms as a text', 'SELECT max(due_plpgsql(invoice_date, ''45 days end of month'')) FROM item', 1),
	measure('due date, business day', 'pg_dunning', format('SELECT max(dunning.due_date(invoice_date, ''45 days end of month; following business day'', %L)) FROM item', :'france'), 3),
	measure('due date, business day', 'PL/pgSQL with a table of holidays', 'SELECT max(business_plpgsql(invoice_date, 45)) FROM item', 1) \g /dev/null

-- 5. runs over all items, with few and with many steps due
CREATE VIEW open_invoice AS SELECT id, number, customer_id, invoice_date, due_date, amount_total, amount_total AS open_amount, currency FROM item;
SELECT * FROM dunning.adopt('open_invoice', ledger => 'bench') \g /dev/null
-- days on which the least and the most items become due for the first step are
-- made by hand: the rest has had its reminders
CREATE PROCEDURE bench_run(what text, n integer) LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz;
	took numeric;
	raised integer;
BEGIN
	TRUNCATE dunning.reminder;
	INSERT INTO dunning.reminder (ledger, item, level, raised_on, channel, state, sent_on)
	SELECT 'bench', dunning.item_key(i.id), 4, '2026-06-29', 'meeting', 'sent', '2026-06-29'
	FROM item AS i WHERE i.due_date < '2026-06-25'
		AND i.id NOT IN (SELECT j.id FROM item AS j WHERE j.due_date < '2026-06-01' ORDER BY j.id LIMIT n);
	ANALYZE dunning.reminder;
	COMMIT;
	began := clock_timestamp();
	CALL dunning.run('2026-06-29', 'bench');
	took := extract(epoch FROM clock_timestamp() - began) * 1000;
	SELECT g.raised INTO raised FROM dunning.run_log AS g ORDER BY g.run DESC LIMIT 1;
	INSERT INTO measure VALUES ('a run over all items', what, took, raised::text);
	COMMIT;
END $$;
CALL bench_run('1,000 steps due', 1000);
CALL bench_run('100,000 steps due', 100000);

-- 6. the aged balance of a past day, and of 24, over items and their payments
SELECT dunning.release('bench') \g /dev/null
CREATE TABLE payment AS
	SELECT id AS invoice_id, invoice_date + 20 + (random() * 60)::integer AS paid_on, round(amount_total * CASE WHEN random() < 0.8 THEN 1 ELSE 0.5 END, 2) AS amount
	FROM item WHERE random() < 0.9;
CREATE INDEX ON payment (invoice_id);
VACUUM ANALYZE payment;
CREATE VIEW issued_invoice AS SELECT id, customer_id, invoice_date, due_date, amount_total, currency FROM item;
SELECT * FROM dunning.adopt('issued_invoice', ledger => 'bench',
	columns => '{"amount": "amount_total", "payments": {"table": "payment", "item": "invoice_id", "date": "paid_on", "amount": "amount"}}') \g /dev/null
SELECT measure('aged balance of a past day', 'pg_dunning', 'SELECT sum(total) FROM dunning.aged_balance_report(''2024-12-31'', ''30,60,90'', "by" => ''total'') WHERE is_total'),
	measure('aged balance of a past day', 'SQL by hand', 'SELECT sum(total) FROM (SELECT i.currency, sum(i.open) AS total,
			sum(i.open) FILTER (WHERE due_date >= ''2024-12-31''), sum(i.open) FILTER (WHERE due_date < ''2024-12-31'' AND due_date >= ''2024-12-01''),
			sum(i.open) FILTER (WHERE due_date < ''2024-12-01'' AND due_date >= ''2024-11-01''), sum(i.open) FILTER (WHERE due_date < ''2024-11-01'' AND due_date >= ''2024-10-02''), sum(i.open) FILTER (WHERE due_date < ''2024-10-02'')
		FROM (SELECT currency, due_date, i.amount_total - coalesce(p.paid, 0) AS open FROM item AS i
			LEFT JOIN (SELECT invoice_id, sum(amount) AS paid FROM payment WHERE paid_on <= ''2024-12-31'' GROUP BY 1) AS p ON p.invoice_id = i.id
			WHERE i.invoice_date <= ''2024-12-31'') AS i GROUP BY i.currency) AS s'),
	measure('aged balance of a past day', '24 month ends in one pass', 'SELECT sum(total) FROM dunning.aged_balance_series(''2023-01-31'', ''2024-12-31'', scheme => ''30,60,90'', "by" => ''total'') WHERE as_of = ''2024-12-31''', 1),
	measure('aged balance of a past day, by customer', 'pg_dunning', 'SELECT sum(total) FROM dunning.aged_balance_report(''2024-12-31'', ''30,60,90'') WHERE is_total', 1),
	measure('aged balance of a past day, by customer', '24 month ends in one pass', 'SELECT sum(total) FROM dunning.aged_balance_series(''2023-01-31'', ''2024-12-31'', scheme => ''30,60,90'', "by" => ''customer'') WHERE as_of = ''2024-12-31''', 1) \g /dev/null

\echo
\echo Each way against pg_dunning (or the first line) of the same question: above 1, that way is slower.
SELECT m.what, m.way, round(m.ms) AS ms, round(m.ms / b.ms, 2) AS ratio, m.answer
FROM (SELECT *, row_number() OVER () AS n FROM measure) AS m
CROSS JOIN LATERAL (SELECT ms FROM measure AS b WHERE b.what = m.what AND (b.way = 'pg_dunning' OR b.way = '1,000 steps due')) AS b
ORDER BY m.n;
\echo The answers of one question must agree; of count(*) and the sum of amounts they are only the cost of reading.
