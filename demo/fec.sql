-- The demonstration on the books of a company, loaded by script/fec.
\pset pager off
\pset footer off
\pset border 0
\pset null ''
SET client_min_messages = warning;
SET DateStyle = 'ISO';

CREATE FUNCTION pg_temp.money(amount numeric) RETURNS text
	LANGUAGE sql IMMUTABLE
	RETURN CASE WHEN amount = 0 THEN lpad('-', 14) ELSE to_char(amount, '99,999,990.00') END;

\echo
\echo :bold'--- 1. One call adopts the books --------------------------------------------------------------':plain
\echo
\set ECHO queries
SELECT field, source, CASE WHEN length(why) > 70 THEN left(why, 67) || '...' ELSE why END AS why
FROM dunning.adopt_erp('fec', rule => 'FR')
WHERE why NOT LIKE 'by the profile%';
\set ECHO none
SELECT least(max(last_on), CURRENT_DATE) AS today FROM fec.file \gset
SET dunning.today = :'today';
\echo 'The last entry is of' :today'; so it is that day now.'
\echo
\echo :bold'--- 2. The aged balance (balance âgée) --------------------------------------------------------':plain
\echo
SELECT company, currency, pg_temp.money(dunning.amount(b, 0)) AS "      not due", pg_temp.money(dunning.amount(b, 1)) AS "         1-30",
	pg_temp.money(dunning.amount(b, 2)) AS "        31-60", pg_temp.money(dunning.amount(b, 3)) AS "        61-90", pg_temp.money(dunning.amount(b, 4)) AS "          91+",
	pg_temp.money(dunning.total(b)) AS "        total"
FROM (SELECT company, currency, dunning.aged_balance(open_amount, due_on, dunning.today(), '30,60,90') AS b FROM dunning.open_item GROUP BY company, currency) AS a
ORDER BY company, currency;
\echo 'The same from the entries of the last file, which begins with what was carried forward:'
\echo
\set ECHO queries
SELECT e.company, sum(e.debit - e.credit) AS "by the books",
	(SELECT sum(o.company_open_amount) FROM dunning.open_items(dunning.today()) AS o WHERE o.company = e.company) AS "by its items"
FROM fec.entry AS e
JOIN (SELECT DISTINCT ON (company) company, file FROM fec.file ORDER BY company, last_on DESC) AS f ON f.company = e.company AND f.file = e.file
WHERE e.comptenum ~ '^41[136]' AND e.ecrituredate <= dunning.today()
GROUP BY e.company
ORDER BY e.company;
\set ECHO none
\echo :bold'--- 3. DSO and its parts, the last months -----------------------------------------------------':plain
\echo
\set ECHO queries
SELECT as_of, company, round(receivables, 2) AS receivables, round(dso, 1) AS dso, round(count_back_dso, 1) AS "count back",
	round(best_possible_dso, 1) AS "best possible", round(average_days_delinquent, 1) AS "days late"
FROM dunning.figures((date_trunc('month', dunning.today() + 1) - interval '5 months 1 day')::date, in_currency => 'company', grouped_by => 'company')
ORDER BY company, as_of;
\set ECHO none
\echo :bold'--- 4. Who pays worst -------------------------------------------------------------------------':plain
\echo
\set ECHO queries
SELECT left(customer_name, 28) AS customer, count(*) AS items, max(days_past_due) AS "days late",
	pg_temp.money(sum(open_amount)) AS "      overdue", pg_temp.money(sum(late_interest)) AS "     interest", count(*) * 40 AS "40 euros each"
FROM dunning.worklist
WHERE days_past_due > 0 AND open_amount > 0
GROUP BY currency, customer, customer_name
ORDER BY sum(open_amount) DESC, customer
LIMIT 10;
\set ECHO none
\echo :bold'--- 5. What the law gives (L441-10, D441-5) ----------------------------------------------------':plain
\echo
\echo 'Interest at the ECB rate plus 10 points from the day after the due date, and 40 euros an invoice.'
\echo 'Of what is late and still open on this day:'
\echo
\set ECHO queries
SELECT company, currency, count(*) AS invoices, sum(open_amount) AS overdue, sum(late_interest) AS interest, sum(compensation) AS compensation
FROM dunning.worklist
WHERE days_past_due > 0 AND open_amount > 0
GROUP BY company, currency
ORDER BY company, currency;
\set ECHO none
\echo :bold'--- 6. The letters that would go out ------------------------------------------------------------':plain
\echo
\echo 'Nothing is sent, and nothing leaves this machine: a run only notes what is due.'
\echo
\set ECHO queries
CALL dunning.run(dunning.today());
SELECT level, channel, label, count(*) AS reminders, count(DISTINCT customer) AS customers, sum(open_amount) AS amount
FROM dunning.reminder
GROUP BY level, channel, label
ORDER BY level;
\set ECHO none
SELECT count(*) > 0 AS letters FROM dunning.reminder \gset
\if :letters
	SELECT dunning.save_sender(coalesce(name, company), company => company, ledger => 'fec') FROM fec.company \g /dev/null
	SELECT customer AS letter_to, company, currency FROM dunning.reminder GROUP BY 1, 2, 3 ORDER BY sum(open_amount) DESC, 1 LIMIT 1 \gset
	\echo 'One of them, with what the books know of the customer; addresses and how to pay are to be filled in:'
	\echo
	\pset format unaligned
	\pset tuples_only on
	SELECT r.subject || E'\n\n' || r.body
	FROM dunning.notice_context('fec', :'letter_to', company => :'company', currency => :'currency', language => 'fr') AS c
	CROSS JOIN LATERAL dunning.render_template('first_reminder', c, language => 'fr') AS r;
	\pset format aligned
	\pset tuples_only off
\endif
\echo :bold'--- 7. What is doubtful in the books ------------------------------------------------------------':plain
\echo
\set ECHO queries
SELECT problem, count(*), min(detail) AS "for example" FROM fec.problem GROUP BY problem ORDER BY problem;
SELECT problem, count(*), min(detail) AS "for example" FROM dunning.ledger_problems('fec') GROUP BY problem ORDER BY problem;
\set ECHO none

-- what was shown, checked
DO $$
BEGIN
	ASSERT (SELECT bool_and(dunning.total(b.aged) = b.plain) FROM (
		SELECT dunning.aged_balance(open_amount, due_on, dunning.today(), '30,60,90') AS aged, sum(open_amount) AS plain FROM dunning.open_item GROUP BY currency) AS b),
		'the buckets add up to the balance';
	ASSERT (SELECT coalesce(sum(company_open_amount), 0) FROM dunning.open_items(dunning.today()))
		= (SELECT coalesce(sum(company_amount), 0) FROM fec.item WHERE issued_on <= dunning.today()), 'the items add up to the accounts';
	ASSERT (SELECT bool_and(ok) FROM dunning.check_ledgers()), 'the ledger is in order';
END
$$;
\echo 'The database is gone when this ends. To keep the books: script/fec, and docs/fec.md.'
