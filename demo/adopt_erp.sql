-- The demonstration on the database of a known ERP, whose name is in :erp.
\pset pager off
\pset footer off
\pset border 0
SET client_min_messages = warning;
SET DateStyle = 'ISO';

\echo
\echo :bold'--- 1. What is here ---------------------------------------------------------------------------':plain
\echo
CREATE EXTENSION pg_dunning;
\set ECHO queries
SELECT erp, version, schema, sure, evidence FROM dunning.detect_erp();
\set ECHO none
\echo :bold'--- 2. One call adopts it ---------------------------------------------------------------------':plain
\echo
\set ECHO queries
SELECT field, source, CASE WHEN length(why) > 70 THEN left(why, 67) || '...' ELSE why END AS why
FROM dunning.adopt_erp(:'erp', watch => true, rule => 'FR')
WHERE why NOT LIKE 'by the profile%';
\set ECHO none
SELECT to_char(max(issued_on), 'YYYY-MM-DD') AS today FROM dunning.ledger_items('9999-12-31') WHERE issued_on <= CURRENT_DATE \gset
SET dunning.today = :'today';
\echo 'The last document is of' :today'; so it is that day now.'
\echo
\echo :bold'--- 3. The aged balance, of that day and of the end of the year before -------------------------':plain
\echo
\echo 'Rounded for reading: an ERP may keep more decimals than the currency has, and then so do its items.'
\echo
\set ECHO queries
SELECT b.currency, a.label, round(a.amount, 2) AS amount
FROM (SELECT currency, dunning.aged_balance(open_amount, due_on, dunning.today(), '30,60,90') AS balance FROM dunning.open_item GROUP BY currency) AS b,
	dunning.buckets(b.balance) AS a
ORDER BY b.currency, a.bucket;
SELECT b.currency, a.label, round(a.amount, 2) AS amount
FROM (SELECT o.currency, dunning.aged_balance(o.open_amount, o.due_on, d.day, '30,60,90') AS balance
	FROM (SELECT (date_trunc('year', dunning.today()) - interval '1 day')::date AS day) AS d, dunning.open_items(d.day) AS o
	GROUP BY o.currency) AS b,
	dunning.buckets(b.balance) AS a
ORDER BY b.currency, a.bucket;
\set ECHO none
\echo :bold'--- 4. The work list --------------------------------------------------------------------------':plain
\echo
\set ECHO queries
SELECT reference, left(customer_name, 20) AS customer, due_on, round(open_amount, 2) AS open, currency, days_past_due AS days, level, channel, state
FROM dunning.worklist WHERE state IN ('due', 'held') ORDER BY open_amount DESC, item LIMIT 10;
\set ECHO none
\echo :bold'--- 5. A run ----------------------------------------------------------------------------------':plain
\echo
\set ECHO queries
CALL dunning.run(dunning.today());
SELECT level, channel, label, count(*) AS reminders, count(DISTINCT customer) AS customers FROM dunning.reminder GROUP BY 1, 2, 3 ORDER BY 1;
\set ECHO none
\echo :bold'--- 6. What looks wrong in the books -----------------------------------------------------------':plain
\echo
\set ECHO queries
SELECT problem, count(*), min(detail) AS "for example" FROM dunning.ledger_problems() GROUP BY problem ORDER BY problem;
SELECT ledger, ok, problem, hint FROM dunning.check_ledgers();
\set ECHO none

-- what was shown, checked
SELECT set_config('demo.erp', :'erp', false) \g /dev/null
DO $$
BEGIN
	ASSERT (SELECT count(*) > 0 FROM dunning.open_item), 'there are open items';
	ASSERT (SELECT bool_and(dunning.total(b.aged) = b.plain) FROM (
		SELECT dunning.aged_balance(open_amount, due_on, dunning.today(), '30,60,90') AS aged, sum(open_amount) AS plain FROM dunning.open_item GROUP BY currency) AS b),
		'the buckets add up to the balance';
	ASSERT (SELECT bool_and(ok) FROM dunning.check_ledgers()), 'the ledger is in order';
	ASSERT (SELECT count(*) > 0 AND count(*) = count(DISTINCT item) FROM dunning.reminder), 'one reminder an item';
END
$$;

\echo :bold'--- 7. And away with it ------------------------------------------------------------------------':plain
\echo
\set ECHO queries
SELECT dunning.release_ledger(:'erp') AS "reminders cancelled";
SELECT count(*) AS "schemas and triggers left" FROM (SELECT FROM pg_namespace WHERE nspname LIKE 'dunning_%' UNION ALL SELECT FROM pg_trigger WHERE tgname LIKE 'dunning_watch%') AS t;
\set ECHO none
