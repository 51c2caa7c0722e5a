-- Claims of late fees in yen, which have no decimals, and in Kuwaiti dinars, which have three.
-- The amounts were worked out by hand.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SELECT no_plan();

CREATE TABLE bill (id text PRIMARY KEY, customer text NOT NULL DEFAULT 'a', currency text NOT NULL, amount numeric NOT NULL, issued_on date NOT NULL DEFAULT '2026-01-01',
	due_on date NOT NULL DEFAULT '2026-01-31', contract text);
CREATE TABLE bill_payment (bill text REFERENCES bill, paid_on date, amount numeric);
INSERT INTO dunning.rule (name, rule) VALUES ('simple', '0%; fee 1.5% each full month'), ('compounded', '0%; fee 1.5% each full month compounded'),
	('at most 3.2 %', '0%; fee 1.5% each full month at most 3.2%'), ('at most', '0%; fee 1.5% each full month at most 3000 JPY; fee 1.5% each full month at most 30.5 KWD'),
	('fixed', '0%; fee 1500 JPY each started month; fee 5.25 KWD each started month');
INSERT INTO bill (id, currency, amount, contract) SELECT c.currency || ' ' || r.name, c.currency, c.amount, r.name
	FROM (VALUES ('JPY', 123457), ('KWD', 1234.567)) AS c (currency, amount) CROSS JOIN dunning.rule AS r WHERE r.name IN ('simple', 'compounded', 'at most 3.2 %', 'at most', 'fixed');
SELECT dunning.adopt('bill', columns => '{"payments": "bill_payment", "rule_by": "contract"}', rule => 'simple') \g /dev/null

-- Due on 31 January; a part is paid in March, within the second month, and comes back in May.
SELECT dunning.claim_penalties('2026-02-28', 'bill') \g /dev/null
INSERT INTO bill_payment SELECT id, '2026-03-10', CASE currency WHEN 'JPY' THEN 23457 ELSE 234.567 END FROM bill;
SELECT dunning.claim_penalties('2026-03-31', 'bill') \g /dev/null
SELECT dunning.claim_penalties('2026-04-30', 'bill') \g /dev/null
INSERT INTO bill_payment SELECT bill, '2026-05-05', -amount FROM bill_payment;
SELECT dunning.claim_penalties('2026-05-05', 'bill') \g /dev/null
SELECT dunning.claim_penalties('2026-05-31', 'bill') \g /dev/null
CREATE VIEW pg_temp.booked AS SELECT item::text AS item, string_agg(to_char(as_of, 'MM-DD ') || c.amount || CASE WHEN c.currency = b.currency THEN '' ELSE ' ' || c.currency END, ', ' ORDER BY booking) AS bookings
	FROM dunning.claim AS c JOIN bill AS b ON b.id = c.item::text GROUP BY item;
SELECT is(k.bookings, v.wanted, v.item) FROM (VALUES
	-- 1.5 % of 123,457 are 1851.855, of 100,000 they are 1500
	('JPY simple', '02-28 1852, 03-31 1852, 04-30 1500, 05-05 352, 05-31 1852'),
	-- of 125,309 they are 1879.635, of 103,732 1555.98; after the return of 127,189 1907.835, then of 129,097 1936.455
	('JPY compounded', '02-28 1852, 03-31 1880, 04-30 1556, 05-05 352, 05-31 1936'),
	-- 3.2 % of 123,457 are 3950.624: of the third month 247 are left of 1500, and after the return of 1852
	('JPY at most 3.2 %', '02-28 1852, 03-31 1852, 04-30 247'),
	('JPY at most', '02-28 1852, 03-31 1148'),
	-- the fourth month began on 1 May
	('JPY fixed', '02-28 1500, 03-31 1500, 04-30 1500, 05-05 1500'),
	-- 1.5 % of 1234.567 are 18.518505, of 1000 they are 15
	('KWD simple', '02-28 18.519, 03-31 18.519, 04-30 15.000, 05-05 3.519, 05-31 18.519'),
	-- of 1253.086 they are 18.79629, of 1037.315 15.559725; after the return of 1271.882 19.07823, then of 1290.960 19.3644
	('KWD compounded', '02-28 18.519, 03-31 18.796, 04-30 15.560, 05-05 3.518, 05-31 19.364'),
	-- 3.2 % of 1234.567 are 39.506144
	('KWD at most 3.2 %', '02-28 18.519, 03-31 18.519, 04-30 2.468'),
	('KWD at most', '02-28 18.519, 03-31 11.981'),
	('KWD fixed', '02-28 5.250, 03-31 5.250, 04-30 5.250, 05-05 5.250')) AS v (item, wanted)
LEFT JOIN pg_temp.booked AS k USING (item);
SELECT is((SELECT count(*) FROM dunning.run_problem), 0::bigint, 'nothing was set aside');

-- The same is explained month by month.
SELECT results_eq($$ SELECT e.from_day, e.to_day, e.principal, e.amount FROM dunning.explain_penalty('{2026-01-01: 1234.567, 2026-03-10: -234.567}'::dunning.balance_history, '2026-01-31', '2026-04-30',
	'0%; decimals 3; fee 1.5% each full month compounded') AS e WHERE e.kind = 'late_fee' $$,
	$$ VALUES (date '2026-02-01', date '2026-02-28', 1234.567, 18.519), ('2026-03-01', '2026-03-31', 1253.086, 18.796), ('2026-04-01', '2026-04-30', 1037.315, 15.560) $$, 'each month with the amount it is measured on');
SELECT results_eq($$ SELECT e.from_day, e.to_day, e.principal, e.amount FROM dunning.explain_penalty('{2026-01-01: 123457, 2026-03-10: -23457}'::dunning.balance_history, '2026-01-31', '2026-04-30',
	'0%; decimals 0; fee 1.5% each full month at most 3000 JPY') AS e WHERE e.kind = 'late_fee' $$,
	$$ VALUES (date '2026-02-01', date '2026-02-28', 123457::numeric, 1852::numeric), ('2026-03-01', '2026-03-31', 123457, 1148) $$, 'and up to its limit');

SELECT * FROM finish();
