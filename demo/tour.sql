-- The sections of the demonstration.  ECHO shows what a user would type; what
-- only lays out the page stays unseen.
\pset pager off
\pset footer off
\pset border 0
SET client_min_messages = warning;
SET DateStyle = 'ISO';

-- Money in a column of its own width, the same in every locale.
CREATE FUNCTION pg_temp.money(amount numeric) RETURNS text
	LANGUAGE sql IMMUTABLE
	RETURN CASE WHEN amount = 0 THEN lpad('-', 11) ELSE to_char(amount, '999,990.00') END;

\echo
\echo :bold'pg_dunning: unpaid invoices, followed in the tables where they already are':plain
\echo
\echo 'Fournitures Valmont supplies small businesses. Its ERP keeps clients, invoices and payments in'
\echo 'PostgreSQL. It is Friday, 20 November 2026. What follows is plain SQL.'
\echo
\echo :bold'--- 1. The tables as they are ------------------------------------------------------------------':plain
\echo
SELECT format('client: %s rows; facture: %s, of them %s credit notes; reglement: %s; since %s',
		(SELECT count(*) FROM client), to_char(count(*), 'FM9,999'), count(*) FILTER (WHERE montant_ttc < 0),
		(SELECT to_char(count(*), 'FM9,999') FROM reglement), min(date_facture)) AS line
FROM facture \gset
\echo :line
\echo
\echo :bold'--- 2. One call adopts them --------------------------------------------------------------------':plain
\echo
\echo 'Columns are found by their names, French or English, and what was decided is told; anything'
\echo 'else can be said in "columns". No column is added and no row changed; "watch" adds a trigger.'
\echo
CREATE EXTENSION pg_dunning;
SET dunning.today = '2026-11-20';
\set ECHO queries
SELECT field, source, left(why, 48) AS why
FROM dunning.adopt('facture', columns => '{"payments": "reglement"}', watch => true)
WHERE source IS NOT NULL OR field = 'open_amount';
\set ECHO none
\echo :bold'--- 3. The aged balance ------------------------------------------------------------------------':plain
\echo
\echo 'One aggregate puts every open item, credit notes too, into the bucket of its days past due.'
\echo
\set ECHO queries
CREATE TEMP VIEW balance AS
SELECT currency, customer, customer_name,
	dunning.aged_balance(open_amount, due_on, dunning.today(), '30,60,90') AS aged
FROM dunning.open_item
GROUP BY currency, customer, customer_name;
\set ECHO none
\echo 'The ten customers with the most overdue in euros, laid out from this view by dunning.total(aged)'
\echo 'and dunning.amount(aged, bucket):'
\echo
WITH ranked AS (
	SELECT b.*, row_number() OVER (PARTITION BY currency
		ORDER BY dunning.total(aged) - dunning.amount(aged, 0) - dunning.undated(aged) DESC, customer) AS rank
	FROM balance AS b
), lines AS (
	SELECT currency, line, min(customer_name) AS customer_name, count(*) AS customers,
		sum(dunning.amount(aged, 0)) AS a0, sum(dunning.amount(aged, 1)) AS a1, sum(dunning.amount(aged, 2)) AS a2,
		sum(dunning.amount(aged, 3)) AS a3, sum(dunning.amount(aged, 4)) AS a4, sum(dunning.total(aged)) AS total
	FROM (SELECT r.*, least(rank, 11) AS line FROM ranked AS r) AS r
	GROUP BY GROUPING SETS ((currency, line), (currency))
)
SELECT CASE WHEN line IS NULL THEN format('All in %s, %s customers', currency, customers)
		WHEN line = 11 THEN format('%s other customers', customers)
		ELSE left(customer_name, 28) END AS customer,
	pg_temp.money(a0) AS "    not due", pg_temp.money(a1) AS "       1-30", pg_temp.money(a2) AS "      31-60",
	pg_temp.money(a3) AS "      61-90", pg_temp.money(a4) AS "        91+", pg_temp.money(total) AS "      total"
FROM lines WHERE currency = 'EUR' OR line IS NULL
ORDER BY currency = 'EUR' DESC, line;
\echo 'Nothing is lost and nothing counted twice: the buckets add up to the open amounts.'
\echo
\set ECHO queries
SELECT currency, count(*) AS items, sum(open_amount) AS open_amount,
	dunning.total(dunning.aged_balance(open_amount, due_on, dunning.today(), '30,60,90')) AS aged
FROM dunning.open_item
GROUP BY currency
ORDER BY currency DESC;
\set ECHO none
\echo :bold'--- 4. Three weeks of reminders, replayed ------------------------------------------------------':plain
\echo
\echo 'The office climbs the usual ladder, with a run every Friday since 30 October:'
\echo
\set ECHO queries
SELECT level, offset_days AS "days past due", channel, label, wait_days AS "wait days"
FROM dunning.procedure AS p, dunning.steps(p.procedure)
WHERE p.name = 'standard';
\set ECHO none
\echo 'A run answers for any day, with the payments known by then, so the past can be replayed:'
\echo
\set ECHO queries
CALL dunning.run('2026-10-30');
SELECT count(dunning.mark_reminder_sent(reminder, raised_on)) AS sent
FROM dunning.reminder
WHERE state = 'pending';
\set ECHO none
\o /dev/null
CALL dunning.run('2026-11-06');
SELECT dunning.mark_reminder_sent(reminder, raised_on) FROM dunning.reminder WHERE state = 'pending';
CALL dunning.run('2026-11-13');
SELECT dunning.mark_reminder_sent(reminder, raised_on) FROM dunning.reminder WHERE state = 'pending';
\o
\echo '... and the same for 6 and 13 November.'
\echo
\echo :bold'--- 5. The work list of today ------------------------------------------------------------------':plain
\echo
\echo 'dunning.worklist has one row an open item; reading it changes nothing. The dozen that cost most:'
\echo
\set ECHO queries
SELECT reference, left(customer_name, 22) AS customer, due_on, days_past_due AS days,
	to_char(open_amount, '999,990.00') AS "  open", currency AS cur, late_interest AS interest,
	level, channel, state
FROM dunning.worklist
WHERE state = 'due'
ORDER BY late_interest DESC, item
LIMIT 12;
\set ECHO none
\echo 'All open items: "due" is for the next run, "scheduled" waits for its day, a dispute holds, and'
\echo '"settled" are credit notes, of which nobody is reminded.'
\echo
\set ECHO queries
SELECT state, channel, count(*) AS items
FROM dunning.worklist
GROUP BY state, channel
ORDER BY state, min(level);
SELECT reference, customer_name, days_past_due AS days, open_amount, disputed, state
FROM dunning.worklist
WHERE disputed;
\set ECHO none
\echo :bold'--- 6. Why this amount? ------------------------------------------------------------------------':plain
\echo
SELECT reference, customer_name, open_amount, due_on FROM dunning.worklist
WHERE currency = 'EUR' AND state = 'due' ORDER BY late_interest DESC, item LIMIT 1 \gset
\echo 'The first of the list:' :customer_name
\echo 'The rule "france" takes the ECB rate of each half-year plus 10 points, and 40 euros an invoice.'
\echo
\set ECHO queries
SELECT w.reference, w.days_past_due AS days, w.open_amount, p.interest, p.compensation, p.total
FROM dunning.worklist AS w
JOIN dunning.rule AS r ON r.name = 'france'
CROSS JOIN dunning.late_penalty(w.open_amount, w.due_on, dunning.today(), r.rule) AS p
WHERE w.reference = :'reference';
\set ECHO none
\echo 'The rates that applied from the day after the due date, and the same interest by hand:'
\echo
\set ECHO queries
SELECT greatest(h.from_day, date :'due_on' + 1) AS first_day,
	least(h.to_day, dunning.today()) AS last_day, d.days, h.rate,
	round(:open_amount * h.rate / 100 * d.days / 365, 4) AS interest,
	sum(round(:open_amount * h.rate / 100 * d.days / 365, 4)) OVER (ORDER BY h.from_day) AS running
FROM dunning.rule AS r
CROSS JOIN dunning.rates(dunning.rate_history(r.rule)) AS h
CROSS JOIN LATERAL (SELECT least(h.to_day, dunning.today()) + 1
	- greatest(h.from_day, date :'due_on' + 1)) AS d (days)
WHERE r.name = 'france' AND d.days > 0
ORDER BY first_day;
\set ECHO none
\echo :bold'--- 7. The run ---------------------------------------------------------------------------------':plain
\echo
\echo 'What is due is written down once, with the facts of the day: letters to print, calls to make.'
\echo
\set ECHO queries
CALL dunning.run(dunning.today());
SELECT level, channel, label, state, count(*) AS reminders
FROM dunning.reminder
WHERE raised_on = dunning.today()
GROUP BY level, channel, label, state
ORDER BY level;
\set ECHO none
\echo 'What may go out now is in dunning.to_send, which looks at the items once more.'
\echo
\set ECHO queries
SELECT channel, count(*) AS reminders
FROM dunning.to_send
WHERE raised_on = dunning.today()
GROUP BY channel
ORDER BY channel;
\set ECHO none
\echo 'A second run of the day finds nothing to add; the log has all of them.'
\echo
\set ECHO queries
CALL dunning.run(dunning.today());
SELECT run, as_of, raised, cancelled, problems FROM dunning.run_log ORDER BY run;
\set ECHO none
\echo :bold'--- 8. A payment comes in ----------------------------------------------------------------------':plain
\echo
SELECT item AS paid, customer_name, open_amount FROM dunning.reminder
WHERE state = 'pending' AND channel = 'letter' AND currency = 'EUR' ORDER BY open_amount DESC, item LIMIT 1 \gset
\echo 'A letter is pending, to' :customer_name
\echo 'The ERP books a direct debit as it always does; in the same transaction the letter is called off.'
\echo
\set ECHO queries
INSERT INTO reglement (facture_id, date_reglement, montant, mode)
VALUES (:paid, '2026-11-20', :open_amount, 'prélèvement');
SELECT reference, level, channel, state, reason
FROM dunning.reminder
WHERE item = :'paid'
ORDER BY level;
\set ECHO none
\echo 'The bank rejects it: the item is in the work list again, at the step that did not happen.'
\echo
\set ECHO queries
INSERT INTO reglement (facture_id, date_reglement, montant, mode)
VALUES (:paid, '2026-11-20', -:open_amount, 'rejet');
\set ECHO none
-- the trigger wrote the real day, and the story is of 20 November
SET session_replication_role = replica; UPDATE dunning.reminder SET cancelled_on = '2026-11-20' WHERE item = :'paid' AND state = 'cancelled'; RESET session_replication_role;
\set ECHO queries
SELECT reference, open_amount, days_past_due AS days, last_step, last_channel, step, channel, state
FROM dunning.worklist
WHERE item = :'paid';
\set ECHO none
\echo :bold'--- 9. The ERP''s own indexes -------------------------------------------------------------------':plain
\echo
\echo 'One customer''s items are found by the indexes that the ERP has; of the plan:'
\echo
\pset tuples_only on
\o | grep -oE '(Bitmap Index|Index( Only)?) Scan.*|Index Cond.*'
\set ECHO queries
EXPLAIN (COSTS OFF) SELECT * FROM dunning.open_item WHERE customer = '4';
\set ECHO none
\o
\pset tuples_only off
\echo
\echo :bold'--- What next ----------------------------------------------------------------------------------':plain
\echo
\echo 'In psql, in the database of your ERP (the server of make demo is gone when this ends):'
\echo
\echo '  CREATE EXTENSION pg_dunning;                  -- once; all of it is in the schema dunning'
\echo '  SELECT * FROM dunning.adopt(''your_table'');    -- says what it found, and what it misses'
\echo '  SELECT * FROM dunning.worklist;               -- what is due'
\echo '  CALL dunning.run();                           -- writes the reminders of today'
\echo '  SELECT dunning.schedule_run();                -- does so every working day, by pg_cron'
\echo '  SELECT dunning.release_ledger(''your_table'');  -- lets it go'
\echo
