-- What a hold says about money: interest that does not run, interest that is not
-- claimed yet, and what does not count as overdue.  What is expected is computed
-- here, day by day over numeric, from the facts alone.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET dunning.time_zone = 'UTC';
SET datestyle = 'ISO, YMD';
SELECT no_plan();
SELECT setseed(0.171);

--
-- One item by hand: 1,000.00 due on 31 January at 10 %, paused for February, or for a part of it
--
SELECT is((SELECT (a.interest, a.compensation)::text FROM dunning.assess(1000, NULL, '2025-01-31', '2025-03-31', '10%; compensation 40 EUR', paused => '{2025-02-01: 1000, 2025-03-01: -1000}') AS a),
	'(8.49,40.00)', '31 days of March alone, and the compensation from 1 March');
SELECT is((SELECT (a.interest, a.compensation)::text FROM dunning.assess(1000, NULL, '2025-01-31', '2025-02-28', '10%; compensation 40 EUR', paused => '{2025-02-01: 1000}') AS a),
	'(0.00,0.00)', 'nothing while it lasts');
SELECT is((SELECT (a.interest, a.compensation)::text FROM dunning.assess(1000, NULL, '2025-01-31', '2025-02-28', '10%; compensation 40 EUR', paused => '{2025-02-01: 400}') AS a),
	'(4.60,40.00)', 'a part takes out only its amount: 600.00 for 28 days');
SELECT is((SELECT (a.interest)::text FROM dunning.assess(1000, '{2025-01-01: 1000, 2025-02-10: -1000}', '2025-01-31', '2025-12-31', '10%', paused => '{2025-02-05: 1000000, 2025-03-01: -1000000}') AS a),
	'1.10', 'paid meanwhile: the four days before the pause');
SELECT is((SELECT (a.interest)::text FROM dunning.assess(1000, NULL, '2025-01-31', '2025-03-31', '10%; compounded monthly', paused => '{2025-03-01: 1000000}') AS a),
	'7.67', 'interest on interest is paused, too');
SELECT is((SELECT a.problem FROM dunning.assess('1e40', NULL, '2025-01-31', '2025-03-31', '10%', paused => '{2025-03-01: 1}') AS a), 'a hold cannot be taken from the amount', 'an amount that no history can hold');
SELECT is((SELECT a.problem FROM dunning.assess(1000, NULL, '2025-01-31', '2025-03-31', 's {2025-01-01: 10} until 2025-02-28', paused => '{2025-03-01: 1000}') AS a), NULL, 'days that are paused need no rate');
SELECT is((SELECT sum(e.amount) FROM dunning.explain_penalty('{2025-01-01: 1000}', '2025-01-31', '2025-03-31', '10%; compensation 40 EUR', true, '{2025-02-01: 1000, 2025-03-01: -1000}') AS e), 48.49, 'it is explained');
SELECT is((SELECT sum(e.amount) FROM dunning.explain_penalty('{2025-01-01: 1000}', '2025-01-31', '2025-03-31', '10%; compensation 40 EUR', true, NULL) AS e), 56.16, 'NULL: nothing is paused');
SELECT is((SELECT min(e.from_day)::text FROM dunning.explain_penalty('{2025-01-01: 1000}', '2025-01-31', '2025-03-31', '10%; compensation 40 EUR', true, '{2025-02-01: 1000, 2025-03-01: -1000}') AS e),
	'2025-03-01', 'from the end of the pause');

--
-- Random lives
--
INSERT INTO dunning.rule (name, rule) VALUES ('flat', '10%; compensation 40.00 EUR'), ('month', '10%; compounded monthly; compensation 40.00 EUR');
CREATE TABLE invoice (id integer PRIMARY KEY, client integer, issued_on date, due_on date, amount numeric(12, 2), currency text, disputed boolean, company text);
CREATE TABLE payment (invoice integer, paid_on date, amount numeric(12, 2));
CREATE INDEX ON payment (invoice);
INSERT INTO invoice
SELECT k, k % 12, d, d + (random() * 40)::integer, (random() * 4000 + 100)::numeric(12, 2), 'EUR', false, CASE WHEN k % 2 = 0 THEN 'A' ELSE 'B' END
FROM (SELECT k, date '2025-01-01' + (random() * 150)::integer AS d FROM generate_series(1, 48) AS k) AS s;
INSERT INTO payment
SELECT f.id, f.issued_on + (random() * 200)::integer, round(f.amount * (ARRAY[0.1, 0.2, 0.35])[n], 2)
FROM invoice AS f CROSS JOIN generate_series(1, 3) AS n WHERE random() < 0.6;
INSERT INTO payment SELECT f.id, date '2025-09-01' + (random() * 60)::integer, f.amount - coalesce((SELECT sum(p.amount) FROM payment AS p WHERE p.invoice = f.id), 0) FROM invoice AS f WHERE f.id % 3 = 0;
CREATE VIEW invoice_month AS SELECT * FROM invoice;
\set columns '{"key": "id", "customer": "client", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount", "currency": "currency", "disputed": "disputed", "company": "company", "payments": {"table": "payment", "item": "invoice", "date": "paid_on", "amount": "amount"}}'
SELECT FROM dunning.adopt('invoice', columns => :'columns', ledger => 'flat', rule => 'flat') \g /dev/null
SELECT FROM dunning.adopt('invoice_month', columns => :'columns', ledger => 'month', rule => 'month') \g /dev/null

-- every mixture of what a hold can say
INSERT INTO dunning.hold_reason (name, label_en, stops, interest_runs, interest_claimed, counts_as_overdue) VALUES
	('stops_interest', 'Stops', 'all', false, false, true), ('not_claimed', 'Not claimed', 'all', true, false, true),
	('not_due', 'Not due', 'none', true, true, false), ('nothing', 'Nothing', 'none', false, false, false);
CREATE TABLE held AS
SELECT f.id, n, (ARRAY['stops_interest', 'not_claimed', 'not_due', 'nothing'])[1 + floor(random() * 4)::integer] AS reason,
	f.due_on - 20 + (random() * 120)::integer AS from_day, (random() * 60)::integer AS days, random() < 0.4 AS of_amount, round(f.amount * (0.1 + random() / 2)::numeric, 2) AS amount, random() AS kind
FROM invoice AS f CROSS JOIN generate_series(1, 2) AS n WHERE random() < 0.7;
INSERT INTO dunning.hold (ledger, item, part, customer, reason, from_day, until_day, amount, stops, then_do, interest_runs, interest_claimed, counts_as_overdue)
SELECT l.ledger, h.item, h.part, h.customer, r.name, h.first, h.last, h.amount, r.stops, r.then_do, r.interest_runs, r.interest_claimed, r.counts_as_overdue
FROM (SELECT h.id::text::dunning.item_key AS item, 1 AS part, NULL::dunning.item_key AS customer, h.reason, h.from_day AS first, CASE WHEN h.kind < 0.8 THEN h.from_day + h.days END AS last,
		CASE WHEN h.of_amount THEN h.amount END AS amount FROM held AS h
	UNION ALL
	SELECT NULL, NULL, c::text::dunning.item_key, (ARRAY['stops_interest', 'not_claimed', 'nothing'])[c], date '2025-04-01' + 40 * c, date '2025-04-30' + 40 * c, NULL FROM generate_series(1, 3) AS c
	UNION ALL
	SELECT NULL, NULL, NULL, 'not_claimed', '2025-07-10', '2025-07-14', NULL) AS h
JOIN dunning.hold_reason AS r ON r.name = h.reason
CROSS JOIN (VALUES (name 'flat'), ('month')) AS l (ledger) ORDER BY h.item, h.first, l.ledger;
-- some of those without an end are released, and some were a mistake
SELECT dunning.release_hold(h.hold, 'released', h.from_day + (h.hold % 3 * 25)::integer) FROM dunning.hold AS h WHERE h.until_day IS NULL AND h.hold % 5 < 4 ORDER BY h.hold \g /dev/null
SELECT cmp_ok((SELECT count(*) FROM dunning.hold), '>', 100::bigint, 'many holds');

-- The holds of an item as the test reads them: first and last day, and what each says.
CREATE TABLE span AS
SELECT i.id, h.ledger, h.from_day AS first, least(h.until_day, h.released_on - 1, 'infinity') AS last, h.amount, h.interest_runs AS runs, h.interest_claimed AS claimed, h.counts_as_overdue AS overdue
FROM dunning.hold AS h JOIN invoice AS i ON h.item = i.id::text OR h.customer = i.client::text OR h.item IS NULL AND h.customer IS NULL
WHERE (h.released_on > h.from_day) IS NOT FALSE;
CREATE FUNCTION open_on(of_id integer, day date) RETURNS numeric LANGUAGE sql AS
	'SELECT CASE WHEN i.issued_on <= day THEN i.amount ELSE 0 END - (SELECT coalesce(sum(p.amount), 0) FROM payment AS p WHERE p.invoice = i.id AND greatest(p.paid_on, i.issued_on) <= day) FROM invoice AS i WHERE i.id = of_id';
CREATE INDEX ON span (id);
CREATE TABLE open_day AS SELECT f.id, d::date AS day, open_on(f.id, d::date) AS open FROM invoice AS f CROSS JOIN generate_series(timestamp '2024-12-31', timestamp '2026-03-31', interval '1 day') AS d;
CREATE INDEX ON open_day (id, day);
CREATE FUNCTION model(of_ledger text, of_id integer, as_of date, OUT interest numeric, OUT compensation numeric) LANGUAGE plpgsql AS $$
DECLARE
	f invoice;
	accrued numeric := 0;
	added numeric := 0;
	months integer := 0;
	looking boolean := true;
	open numeric;
	taken numeric;
	base numeric;
	day date;
BEGIN
	SELECT * INTO f FROM invoice WHERE id = of_id;
	compensation := 0;
	-- what a day without interest takes out: NULL for all
	FOR day, open, taken IN
		SELECT o.day + 1, o.open, t.taken FROM open_day AS o
		CROSS JOIN LATERAL (SELECT CASE WHEN bool_or(s.amount IS NULL) THEN NULL ELSE coalesce(sum(s.amount), 0) END AS taken FROM span AS s
			WHERE s.id = of_id AND s.ledger = of_ledger AND o.day + 1 BETWEEN s.first AND s.last AND (NOT s.runs OR NOT s.claimed AND as_of BETWEEN s.first AND s.last)) AS t
		WHERE o.id = of_id AND o.day BETWEEN f.due_on AND as_of - 1 ORDER BY o.day
	LOOP
		IF of_ledger = 'month' AND day = (f.due_on + 1 + make_interval(months => months + 1))::date THEN
			months := months + 1;
			added := accrued;
		END IF;
		base := CASE WHEN taken IS NULL THEN 0 WHEN open > 0 OR round(added, 2) > 0 THEN open + added - taken ELSE 0 END;
		accrued := accrued + greatest(base, 0) * 0.1 / 365;
		IF looking AND (open <= 0 OR taken < open) THEN
			looking := false;
			compensation := CASE WHEN open > 0 THEN 40 ELSE 0 END;
		END IF;
	END LOOP;
	interest := round(accrued, 2);
END $$;

-- What assess says of each on some days, without any claim
CREATE TABLE day AS SELECT date '2025-02-28' + 30 * k AS day FROM generate_series(0, 10) AS k;
CREATE TABLE expected AS
SELECT l.ledger, f.id, d.day, m.interest, m.compensation FROM invoice AS f CROSS JOIN (VALUES (name 'flat'), ('month')) AS l (ledger) CROSS JOIN day AS d CROSS JOIN LATERAL model(l.ledger, f.id, d.day) AS m;
SELECT is_empty($$ SELECT e.*, a.* FROM expected AS e JOIN dunning.rule AS r ON r.name = e.ledger
		CROSS JOIN LATERAL dunning.ledger_items(e.day) AS i
		CROSS JOIN LATERAL dunning.assess(NULL, i.history, i.due_on, e.day, r.rule, paused => dunning.paused(i.ledger, i.item, i.part, i.customer, e.day)) AS a
	WHERE i.ledger = e.ledger AND i.item = e.id::text AND (a.interest <> e.interest OR a.compensation <> e.compensation) $$, 'assess is the walk from day to day, to the cent');
SELECT cmp_ok((SELECT count(*) FROM expected AS e CROSS JOIN LATERAL (SELECT FROM span AS s WHERE s.id = e.id AND s.ledger = e.ledger AND s.first <= e.day AND NOT (s.runs AND s.claimed)) AS s WHERE e.interest > 0),
	'>', 200::bigint, 'where there were many holds');

-- The work list
CREATE FUNCTION listed(of_day date) RETURNS TABLE (ledger name, id text, late_interest numeric, compensation numeric, bucket integer) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('dunning.today', of_day::text, true);
	RETURN QUERY SELECT w.ledger, w.item::text, w.late_interest, w.compensation, w.bucket FROM dunning.worklist AS w;
	PERFORM set_config('dunning.today', '', true);
END $$;
CREATE TABLE list AS SELECT d.day, w.* FROM day AS d CROSS JOIN LATERAL listed(d.day) AS w WHERE d.day IN ('2025-04-29', '2025-07-28');
SELECT is_empty($$ SELECT e.*, w.late_interest, w.compensation FROM expected AS e JOIN list AS w USING (day)
	WHERE w.ledger = e.ledger AND w.id = e.id::text AND (w.late_interest <> e.interest OR w.compensation <> e.compensation) $$, 'and so is the work list');

-- Claims: whatever day they are booked for, what is booked in all is what is owed on it
CREATE FUNCTION book() RETURNS TABLE (day date, ledger name, id integer, kind text, booked numeric, owed numeric) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	one date;
BEGIN
	FOR one IN SELECT d.day FROM day AS d ORDER BY d.day LOOP
		PERFORM FROM dunning.claim_penalties(one);
		RETURN QUERY
			SELECT one, e.ledger, e.id, k.kind, coalesce((SELECT sum(c.amount) FROM dunning.claim AS c WHERE c.ledger = e.ledger AND c.item = e.id::text AND c.kind = k.kind), 0),
				CASE k.kind WHEN 'interest' THEN e.interest ELSE e.compensation END
			FROM expected AS e CROSS JOIN (VALUES ('interest'), ('compensation')) AS k (kind) WHERE e.day = one;
	END LOOP;
END $$;
CREATE TABLE booked AS SELECT * FROM book();
SELECT is_empty('SELECT * FROM booked WHERE booked <> owed', 'claims book what is owed, and the difference after a hold');
SELECT cmp_ok((SELECT count(*) FROM dunning.claim AS c WHERE c.reason = 'holds changed' AND c.amount > 0), '>', 5::bigint, 'what was not claimed is, with its reason');
SELECT is((SELECT count(*) FROM dunning.claim WHERE reason = 'rates or terms corrected'), 0::bigint, 'and nothing else was corrected');
SELECT is((SELECT count(*) FROM dunning.claim_penalties((SELECT max(day) FROM day))), 0::bigint, 'again, nothing');
SELECT is((SELECT count(*) FROM dunning.run_problem), 0::bigint, 'no item is set aside');

-- an item that its ERP flags: what was booked stays, and no more is
UPDATE invoice SET disputed = true WHERE id % 3 > 0;
CREATE TABLE before AS SELECT max(claim) AS claim FROM dunning.claim;
SELECT FROM dunning.claim_penalties('2026-02-28') \g /dev/null
SELECT is((SELECT count(*) FROM dunning.claim AS c, before AS b WHERE c.claim > b.claim AND c.item::text::integer % 3 > 0), 0::bigint, 'nothing is claimed of an item in dispute by its ERP');
UPDATE invoice SET disputed = false;
SELECT is_empty($$ WITH run AS MATERIALIZED (SELECT count(*) FROM dunning.claim_penalties('2026-03-01')) SELECT FROM run WHERE count = 0 $$, 'and all of it afterwards');
SELECT is_empty($$ SELECT f.id, l.ledger FROM invoice AS f CROSS JOIN (VALUES (name 'flat'), ('month')) AS l (ledger) CROSS JOIN LATERAL model(l.ledger, f.id, '2026-03-01') AS m
	WHERE f.id < 12 AND m.interest <> (SELECT coalesce(sum(c.amount), 0) FROM dunning.claim AS c WHERE c.ledger = l.ledger AND c.item = f.id::text AND c.kind = 'interest') $$, 'to the cent');

--
-- Reports: what does not count as overdue stands as due on the day, and all adds up
--
CREATE FUNCTION aged(of_ledger text, as_of date, OUT total numeric, OUT overdue numeric, OUT items bigint, OUT bucket0 numeric, OUT bucket1 numeric, OUT bucket2 numeric, OUT bucket3 numeric) LANGUAGE sql AS $$
	SELECT sum(x.open), coalesce(sum(x.open - x.apart) FILTER (WHERE x.late > 0), 0), count(*),
		sum(CASE WHEN x.late <= 0 THEN x.open ELSE x.apart END), coalesce(sum(x.open - x.apart) FILTER (WHERE x.late BETWEEN 1 AND 30), 0),
		coalesce(sum(x.open - x.apart) FILTER (WHERE x.late BETWEEN 31 AND 60), 0), coalesce(sum(x.open - x.apart) FILTER (WHERE x.late > 60), 0)
	FROM (SELECT o.open, as_of - f.due_on AS late, coalesce((SELECT CASE WHEN bool_or(s.amount IS NULL) THEN o.open ELSE least(coalesce(sum(s.amount), 0), o.open) END
			FROM span AS s WHERE s.id = f.id AND s.ledger = of_ledger AND NOT s.overdue AND as_of BETWEEN s.first AND s.last), 0) AS apart
		FROM invoice AS f CROSS JOIN LATERAL open_on(f.id, as_of) AS o (open) WHERE o.open <> 0 AND f.issued_on <= as_of) AS x $$;
CREATE FUNCTION bucket(balance dunning.aged_balance, of_bucket integer) RETURNS numeric LANGUAGE sql AS
	'SELECT coalesce((SELECT b.amount FROM dunning.buckets(balance) AS b WHERE b.bucket = of_bucket), 0)';
SELECT is_empty($$ SELECT d.day, r.*, a.* FROM day AS d CROSS JOIN (VALUES (name 'flat'), ('month')) AS l (ledger)
	CROSS JOIN LATERAL dunning.aged_balance_report(d.day, '30,60', 'total', l.ledger) AS r CROSS JOIN LATERAL aged(l.ledger, d.day) AS a
	WHERE (r.total, r.overdue, r.items, bucket(r.balance, 0), bucket(r.balance, 1), bucket(r.balance, 2), bucket(r.balance, 3))
		IS DISTINCT FROM (a.total, a.overdue, a.items, a.bucket0, a.bucket1, a.bucket2, a.bucket3) $$, 'the report of each day');
SELECT cmp_ok((SELECT count(*) FROM day AS d WHERE EXISTS (SELECT FROM span AS s WHERE NOT s.overdue AND s.amount IS NOT NULL AND d.day BETWEEN s.first AND s.last)), '>', 5::bigint, 'parts among them');
SELECT is_empty($$ SELECT s.as_of, s.balance, r.balance FROM dunning.aged_balance_series('2025-02-28', '2025-12-31', '1 month', '30,60', 'customer', 'flat') AS s
	FULL JOIN (SELECT d.day::date AS as_of, r.* FROM generate_series(timestamp '2025-02-01', '2025-12-01', interval '1 month') AS m CROSS JOIN LATERAL (SELECT (m + interval '1 month')::date - 1) AS d (day)
		CROSS JOIN LATERAL dunning.aged_balance_report(d.day, '30,60', 'customer', 'flat') AS r WHERE NOT r.is_total) AS r ON r.as_of = s.as_of AND r.customer = s.customer
	WHERE (s.balance IS DISTINCT FROM r.balance) AND coalesce(s.total, 0) <> coalesce(r.total, 0) OR s.balance::text <> r.balance::text $$, 'the series, too');
SELECT is_empty($$ SELECT d.day, b.bucket, b.amount, i.amount FROM day AS d CROSS JOIN LATERAL dunning.aged_balance_report(d.day, '30,60', 'total', 'flat') AS r
	CROSS JOIN LATERAL dunning.buckets(r.balance) AS b CROSS JOIN LATERAL (SELECT coalesce(sum(o.open_amount), 0) AS amount FROM dunning.aged_items(d.day, b.bucket, '30,60', 'flat') AS o) AS i
	WHERE b.amount <> i.amount $$, 'and the items of a bucket');
SELECT is_empty($$ SELECT e.day, e.id FROM list AS e JOIN span AS s ON s.id::text = e.id AND s.ledger = e.ledger
	WHERE NOT s.overdue AND s.amount IS NULL AND e.day BETWEEN s.first AND s.last AND e.bucket > 0 $$, 'the work list puts them into the same bucket');
SELECT is((SELECT sum(r.total) FROM dunning.aged_balance_report('2025-07-28', '30,60', 'total', 'flat', by_date => 'issue') AS r), (SELECT a.total FROM aged('flat', '2025-07-28') AS a), 'by issue date no hold matters');

DROP TABLE invoice, payment CASCADE;
SELECT * FROM finish();
