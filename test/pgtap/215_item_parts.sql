-- The parts of an item and what each received, beside the same rule in SQL.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SELECT no_plan();

-- What each part has received by a day, from the parts (day, n, due_on, amount,
-- sign), what names each (assigned) and what was paid in all (paid).
CREATE FUNCTION pg_temp.parts_sql(parts text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT 'SELECT f.day, f.n, f.parts, f.due_on, f.amount, f.assigned + f.sign * least('
			'CASE WHEN f.k = f.parts THEN ''Infinity''::numeric ELSE f.room END, '
			'greatest(CASE WHEN f.k = 1 THEN ''-Infinity''::numeric ELSE 0 END, f.sign * f.unassigned - f.before)) AS received '
		'FROM (SELECT r.*, row_number() OVER w AS k, count(*) OVER (PARTITION BY r.day) AS parts, '
			'r.paid - sum(r.assigned) OVER (PARTITION BY r.day) AS unassigned, '
			'coalesce(sum(r.room) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before '
		'FROM (SELECT a.*, greatest(a.sign * (a.amount - a.assigned), 0) AS room FROM (' || parts || ') AS a) AS r '
		'WINDOW w AS (PARTITION BY r.day ORDER BY r.due_on, r.n)) AS f' $$;

CREATE TABLE item (id integer PRIMARY KEY, terms dunning.payment_terms, issued_on date, amount numeric, decimals integer, first_day date,
	amounts numeric[], days date[], parts integer[]);

-- What a ledger made of the same item until now: of one item a query, as it was written.
CREATE FUNCTION pg_temp.instalments() RETURNS text LANGUAGE sql IMMUTABLE AS
	$$ SELECT 'dunning.instalments(t.issued_on, CASE WHEN t.amount NOT IN (''NaN'', ''Infinity'', ''-Infinity'') THEN t.amount END, t.terms, decimals => t.decimals) AS i' $$;
CREATE FUNCTION pg_temp.part() RETURNS text LANGUAGE sql IMMUTABLE AS
	$$ SELECT 'SELECT %s AS day, i.n, i.due_on, i.amount, CASE WHEN t.amount < 0 THEN -1 ELSE 1 END AS sign, coalesce(q.paid, 0) AS assigned, %s AS paid FROM ' $$;
SELECT format($query$
	CREATE VIEW model AS
	-- payments that are no numbers say nothing of any part
	SELECT t.id, i.n::integer AS part, i.parts::integer, i.due_on, i.amount, CASE WHEN abs(p.paid) < 'Infinity' THEN i.received ELSE p.paid END AS received,
		CASE WHEN abs(t.amount) < 1e18 AND min_scale(t.amount) <= 15 AND p.fits IS NOT FALSE
			THEN dunning.movement(i.amount, t.first_day) + coalesce(h.moves[i.n], '{}') END AS history
	FROM item AS t
	CROSS JOIN LATERAL (SELECT coalesce(sum(e.amount), 0) AS paid, bool_and(abs(e.amount) < 1e18 AND min_scale(e.amount) <= 15) AS fits FROM unnest(t.amounts) AS e (amount)) AS p
	CROSS JOIN LATERAL (SELECT (SELECT array_agg(x.moves ORDER BY x.n) FROM (
		SELECT m.n, dunning.balance_history(m.moved, m.day) FILTER (WHERE m.moved <> 0) AS moves
		FROM (SELECT g.n, g.day, lag(g.received, 1, 0::numeric) OVER (PARTITION BY g.n ORDER BY g.day) - g.received AS moved FROM (%s) AS g) AS m
		GROUP BY m.n) AS x) AS moves OFFSET 0) AS h
	CROSS JOIN LATERAL (%s) AS i
$query$,
	pg_temp.parts_sql(format(pg_temp.part(), 'd.day', 'd.paid')
		|| '(SELECT coalesce(_dunning.history_day(e.day), t.first_day) AS day, sum(coalesce(sum(e.amount), 0)) OVER (ORDER BY coalesce(_dunning.history_day(e.day), t.first_day)) AS paid '
			'FROM unnest(t.amounts, t.days) AS e (amount, day) WHERE p.fits IS NOT FALSE AND abs(t.amount) < 1e18 AND min_scale(t.amount) <= 15 GROUP BY 1) AS d CROSS JOIN '
		|| pg_temp.instalments()
		|| ' LEFT JOIN LATERAL (SELECT sum(e.amount) AS paid FROM unnest(t.amounts, t.days, t.parts) AS e (amount, day, part) '
			'WHERE e.part = i.n AND coalesce(_dunning.history_day(e.day), t.first_day) <= d.day) AS q ON true'),
	pg_temp.parts_sql(format(pg_temp.part(), 'NULL::date', 't.amount - (t.amount - coalesce(p.paid, 0))') || pg_temp.instalments()
		|| ' LEFT JOIN LATERAL (SELECT sum(e.amount) AS paid FROM unnest(t.amounts, t.parts) AS e (amount, part) WHERE e.part = i.n) AS q ON true'))
\gexec
CREATE VIEW answer AS
	SELECT t.id, p.* FROM item AS t
	CROSS JOIN LATERAL _dunning.item_parts(t.terms, t.issued_on, t.amount, t.decimals, t.first_day, t.amounts, t.days, t.parts, true) AS p;
-- to the last decimal shown
CREATE VIEW difference AS
	SELECT * FROM (TABLE model EXCEPT ALL TABLE answer) AS m
	UNION ALL SELECT * FROM (TABLE answer EXCEPT ALL TABLE model) AS a;
CREATE VIEW shown_difference AS
	SELECT m.id, m.part FROM model AS m JOIN answer AS a USING (id, part)
	WHERE (m.amount::text, m.received::text, m.history::text) IS DISTINCT FROM (a.amount::text, a.received::text, a.history::text);

SELECT setseed(0.3);
CREATE FUNCTION pg_temp.any(texts text[]) RETURNS text LANGUAGE sql VOLATILE AS
	$$ SELECT texts[1 + floor(random() * cardinality(texts))::integer] $$;
-- An amount: of two decimals, of up to eight, or, of a wild item, of any size and kind
CREATE FUNCTION pg_temp.amount(below numeric, kind integer) RETURNS numeric LANGUAGE sql VOLATILE AS $$
	SELECT CASE
		WHEN random() < 0.03 THEN NULL
		WHEN kind = 0 OR random() < 0.5 THEN round((random() * below::float8)::numeric, 2)
		WHEN kind = 1 THEN round((random() * below::float8)::numeric, floor(random() * 9)::integer)
		WHEN kind = 2 THEN round(random()::numeric * ('1e' || floor(random() * 18))::numeric + random()::numeric / 1e4, floor(random() * 16)::integer)
		ELSE pg_temp.any('{1e18,999999999999999999.999999999999999,1e30,0.0000000000000000001,1e-40,12345.6780000000000000000000000000,1e200,NaN,Infinity,-Infinity}')::numeric
	END $$;
INSERT INTO item
SELECT n,
	CASE WHEN random() < 0.99 THEN pg_temp.any(ARRAY['net 30', '30% on order; balance net 60', '50% net 90; balance net 30',
		'25% net 30; 25% net 30; 50% net 30', '200 EUR net 10; 33.3% of remainder net 60; balance net 20',
		'12.3456 EUR on order; balance 45 days end of month', '10% net 10; 20% net 40; 30% net 20; 15% net 5; balance on 2024-02-03',
		'50% net 30; balance net 60; following business day'])::dunning.payment_terms END,
	CASE WHEN random() < 0.02 THEN pg_temp.any('{infinity,-infinity}')::date WHEN random() < 0.98 THEN date '2024-01-01' + floor(random() * 30)::integer END,
	CASE WHEN random() < 0.25 THEN -1 ELSE 1 END * CASE WHEN random() < 0.03 THEN 0 ELSE pg_temp.amount(1000, kind) END,
	CASE WHEN random() < 0.5 THEN floor(random() * 5)::integer END, date '2024-01-10', p.amounts, p.days, p.parts
FROM generate_series(1, 4000) AS n
CROSS JOIN LATERAL (SELECT CASE WHEN n % 10 < 5 THEN 0 WHEN n % 10 < 8 THEN 1 WHEN n % 10 < 9 THEN 2 ELSE 3 END AS kind) AS k
CROSS JOIN LATERAL (
	SELECT array_agg(CASE WHEN random() < 0.3 THEN -1 ELSE 1 END * pg_temp.amount(500, kind + g - g)) AS amounts,
		array_agg(CASE WHEN random() < 0.1 THEN NULL WHEN random() < 0.03 THEN pg_temp.any('{infinity,-infinity,0044-03-15 BC,10000-01-01}')::date
			ELSE date '2024-01-05' + floor(random() * 12)::integer END) AS days,
		array_agg(CASE WHEN random() < 0.4 THEN floor(random() * 8)::integer - 1 END) AS parts
	FROM generate_series(1, floor(random() * 9)::integer + n - n) AS g) AS p;
-- arrays of other lengths, and none
UPDATE item SET parts = NULL WHERE id % 7 = 0;
UPDATE item SET days = NULL WHERE id % 11 = 0;
UPDATE item SET days = days[:2], parts = parts[:1] WHERE id % 13 = 0;

SELECT cmp_ok((SELECT count(*) FROM model WHERE parts > 1), '>', 6000::bigint, 'there are parts');
SELECT cmp_ok((SELECT count(*) FROM model WHERE history IS NULL), '>', 300::bigint, 'some without a history');
SELECT cmp_ok((SELECT count(*) FROM model WHERE received IN ('NaN', 'Infinity', '-Infinity')), '>', 100::bigint, 'and some with payments that are no numbers');
SELECT is_empty('TABLE difference', 'every part has what the rule says, and the history of it');
SELECT is_empty('TABLE shown_difference', 'with the same decimals');
SELECT is_empty($$ SELECT a.id, sum(a.received), t.paid FROM answer AS a
	CROSS JOIN LATERAL (SELECT coalesce(sum(e), 0) AS paid FROM unnest((SELECT i.amounts FROM item AS i WHERE i.id = a.id)) AS e) AS t
	WHERE t.paid NOT IN ('NaN', 'Infinity', '-Infinity') GROUP BY a.id, t.paid HAVING sum(a.received) <> t.paid $$,
	'the parts received all that was paid');
SELECT is_empty($$ SELECT id FROM answer WHERE dunning.open_amount(history, 'infinity') <> amount - received $$,
	'a history ends with what is open');

-- what is not asked for, and what is not there
CREATE FUNCTION pg_temp.parts(terms text, issued_on date, amount numeric, first_day date, amounts numeric[], days date[] DEFAULT NULL,
		parts integer[] DEFAULT NULL, with_history boolean DEFAULT true) RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(p::text, ' ' ORDER BY p.part) FROM _dunning.item_parts($1::dunning.payment_terms, $2, $3, NULL, $4, $5, $6, $7, $8) AS p $$;
SELECT is(pg_temp.parts('50% net 10; balance net 20', '2026-01-01', 100, '2026-01-01', '{60}', '{2026-01-05}'),
	'(1,2,2026-01-11,50.00,50.00,"{2026-01-01: 50.00, 2026-01-05: -50.00}") (2,2,2026-01-21,50.00,10.00,"{2026-01-01: 50.00, 2026-01-05: -10.00}")',
	'a payment fills the first part and the next');
SELECT is(pg_temp.parts('50% net 10; balance net 20', '2026-01-01', 100, '2026-01-01', '{60}', '{2026-01-05}', '{2}', false),
	'(1,2,2026-01-11,50.00,0,) (2,2,2026-01-21,50.00,60,)', 'one that names a part pays it');
SELECT is(pg_temp.parts('50% net 10; balance net 20', '2026-01-01', 100, '2026-01-01', ARRAY[a, 10], '{2026-01-05,2026-01-06}'), format('(1,2,2026-01-11,50.00,%1$s,) (2,2,2026-01-21,50.00,%1$s,)', a),
	'a payment of ' || a || ' says nothing of any part')
FROM unnest('{NaN,Infinity,-Infinity}'::numeric[]) AS a;
SELECT is(pg_temp.parts('net 10', '2026-01-01', 100, '2026-01-01', NULL), '(1,1,2026-01-11,100.00,0,"{2026-01-01: 100.00}")', 'no payments');
SELECT is(pg_temp.parts('net 10', '2026-01-01', 100, '2026-01-01', NULL, with_history => NULL), '(1,1,2026-01-11,100.00,0,)', 'no history asked for');
SELECT is(pg_temp.parts('net 10', '2026-01-01', 100, NULL, '{40}'), '(1,1,2026-01-11,100.00,40,)', 'no history without a first day');
SELECT is(pg_temp.parts('net 10', '2026-01-01', 100, 'infinity', '{40}'), '(1,1,2026-01-11,100.00,40,)', 'nor with one that it cannot hold');
SELECT is(pg_temp.parts(t, d, a, '2026-01-01', '{40}'), NULL, 'no parts: ' || concat_ws(', ', t, d, a))
FROM (VALUES (NULL, date '2026-01-01', 100::numeric), ('net 10', NULL, 100), ('net 10', '2026-01-01', NULL),
	('net 10', '2026-01-01', 'NaN'), ('net 10', '2026-01-01', 'Infinity'), ('net 10', '2026-01-01', '-Infinity')) AS v (t, d, a);
SELECT throws_ok($$ SELECT pg_temp.parts('net 10', '5874897-12-31', 100, '2026-01-01', '{40}') $$, '22008', NULL, 'a due date outside the calendar is an error, as of instalments');
-- each payment on a day of its own, in no order, but as many movements as a history holds
SELECT is((SELECT array_agg(dunning.open_amount(p.history, '2300-01-01') ORDER BY p.part) FROM (SELECT array_agg(0.01 ORDER BY n % 97, n) AS amounts, array_agg(date '2026-01-01' + n ORDER BY n % 97, n) AS days
		FROM generate_series(1, 90000) AS n) AS e,
	_dunning.item_parts('50% net 10; balance net 20', '2026-01-01', 2000, 2, '2026-01-01', amounts, days, NULL, true) AS p), '{100.00,1000.00}', 'many payments');
SELECT throws_ok($$ SELECT p.part FROM (SELECT array_agg(0.01) AS amounts, array_agg(date '2026-01-01' + n) AS days FROM generate_series(1, 100000) AS n) AS e,
	_dunning.item_parts('net 10', '2026-01-01', 2000, 2, '2026-01-01', amounts, days, NULL, true) AS p $$, '54000', NULL, 'too many for a history');

-- a currency says how finely its amounts are divided
CREATE SCHEMA money;
CREATE TABLE money.invoice (id integer PRIMARY KEY, customer integer, issued_on date, amount numeric, currency text, terms text);
INSERT INTO money.invoice VALUES (1, 1, '2026-01-01', 1001, 'JPY', '50% net 10; balance net 20'), (2, 1, '2026-01-01', 10.005, 'KWD', '50% net 10; balance net 20'),
	(3, 1, '2026-01-01', 10.01, 'EUR', '50% net 10; balance net 20'), (4, 1, '2026-01-01', 10.01, 'XXQ', '50% net 10; balance net 20'),
	(5, 1, '2026-01-01', 10.01, NULL, '50% net 10; balance net 20'), (6, 1, '2026-01-01', 100.5, 'JPY', '50% net 10; balance net 20');
CREATE TABLE money.payment (invoice integer, paid_on date, amount numeric);
INSERT INTO money.payment VALUES (1, '2026-01-05', 501), (2, '2026-01-05', 5);
SELECT dunning.adopt('money.invoice', columns => '{"payments": {"table": "money.payment", "item": "invoice", "amount": "amount", "date": "paid_on"}}') \g /dev/null
SELECT results_eq($$ SELECT item::text, part, amount, open_amount FROM dunning.ledger_items('2026-01-08') ORDER BY item::text COLLATE "C", part $$,
	$$ VALUES ('1', 1, 501::numeric, 0::numeric), ('1', 2, 500, 500), ('2', 1, 5.003, 0.003), ('2', 2, 5.002, 5.002), ('3', 1, 5.01, 5.01), ('3', 2, 5.00, 5.00),
		('4', 1, 5.01, 5.01), ('4', 2, 5.00, 5.00), ('5', 1, 5.01, 5.01), ('5', 2, 5.00, 5.00), ('6', 1, 50, 50), ('6', 2, 50.5, 50.5) $$,
	'parts have the decimals of their currency, and two where that is not known');

SELECT * FROM finish();
