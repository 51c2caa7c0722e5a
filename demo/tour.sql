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
\echo 'The ladder of reminders is a text; "by customer" makes one message of all his invoices.'
\echo
CREATE EXTENSION pg_dunning;
SET dunning.today = '2026-11-20';
\set ECHO queries
INSERT INTO dunning.procedure (name, procedure) VALUES
	('maison', '5 email "Reminder"; 12 phone "Call"; 18 letter "Letter"; 30 letter "Last letter"; wait 6; by customer');
SELECT field, source, left(why, 48) AS why
FROM dunning.adopt('facture', columns => '{"payments": "reglement"}', procedure => 'maison', watch => true)
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
\echo 'A run answers for any day, with the payments known by then, so the past can be replayed: a run'
\echo 'every Friday since 30 October, and what it raises is sent.'
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
-- one pays by 13 November what was overdue on the 9th, one does not
SELECT format('{%s}', o.item) AS kept_items, o.customer AS kept_by, o.open_amount AS kept_amount FROM dunning.open_items('2026-11-09') AS o
WHERE o.currency = 'EUR' AND o.due_on BETWEEN '2026-10-01' AND '2026-11-01' AND o.open_amount =
	(SELECT sum(r.montant) FROM reglement AS r WHERE r.facture_id::text = o.item::text AND r.date_reglement BETWEEN '2026-11-10' AND '2026-11-13')
ORDER BY o.open_amount DESC, o.item LIMIT 1 \gset
SELECT format('{%s}', o.item) AS broken_items, o.customer AS broken_by, o.open_amount AS broken_amount FROM dunning.open_item AS o
WHERE o.currency = 'EUR' AND o.due_on BETWEEN '2026-10-01' AND '2026-10-31' AND NOT o.disputed
	AND NOT EXISTS (SELECT FROM reglement AS r WHERE r.facture_id::text = o.item::text)
ORDER BY o.open_amount DESC, o.item LIMIT 1 \gset
\o
\echo 'On Monday, 9 November, two customers promise to pay by Friday.'
\echo
\set ECHO queries
SELECT dunning.promise_to_pay('facture', :'kept_by', :kept_amount, '2026-11-13', items => :'kept_items',
	promised_on => '2026-11-09');
SELECT dunning.promise_to_pay('facture', :'broken_by', :broken_amount, '2026-11-13', items => :'broken_items',
	promised_on => '2026-11-09');
\set ECHO none
\o /dev/null
CALL dunning.run('2026-11-13');
SELECT dunning.mark_reminder_sent(reminder, raised_on) FROM dunning.reminder WHERE state = 'pending';
\o
\echo 'What became of a promise follows from the payments, for any day: one was kept, one was broken.'
\echo
\set ECHO queries
SELECT customer, items, amount, promised_on, promised_for, paid, missing, state
FROM dunning.promises();
\set ECHO none
\echo :bold'--- 5. The morning, by customer ----------------------------------------------------------------':plain
\echo
\echo 'dunning.customer_worklist has one row a customer. Reading it changes nothing. Those due for a step:'
\echo
\set ECHO queries
SELECT left(payer_name, 22) AS customer, overdue_items AS items, days_past_due AS days, overdue_amount AS overdue,
	owed_in_all AS "owed in all", currency AS cur, channel, last_on
FROM dunning.customer_worklist
WHERE state = 'due'
ORDER BY overdue_amount DESC
LIMIT 10;
\set ECHO none
SELECT w.item, w.reference, w.customer_name FROM dunning.worklist AS w
WHERE w.currency = 'EUR' AND w.state = 'due' AND w.days_past_due > 30 ORDER BY w.late_interest DESC, w.item LIMIT 1 \gset
\echo :bold'--- 6. Why? ------------------------------------------------------------------------------------':plain
\echo
\echo 'dunning.why tells the story of an invoice, here' :reference 'of' :customer_name
\echo
\set ECHO queries
SELECT on_day, what FROM dunning.why('facture', :'item');
\set ECHO none
\echo :bold'--- 7. The run, and whom to call ---------------------------------------------------------------':plain
\echo
\echo 'What is due is written down once. A second run would find nothing to add.'
\echo
\set ECHO queries
CALL dunning.run(dunning.today());
SELECT channel, label, count(*) AS items, count(DISTINCT customer) AS customers
FROM dunning.to_send
WHERE raised_on = dunning.today()
GROUP BY level, channel, label
ORDER BY level;
\set ECHO none
\echo 'The day of a collector: calls, disputes, broken promises. dunning.call_list has the script of a call.'
\echo
\set ECHO queries
SELECT kind, left(customer_name, 22) AS customer, item, amount, why
FROM dunning.my_day()
ORDER BY amount DESC
LIMIT 8;
\set ECHO none
\echo :bold'--- 8. What customers say ----------------------------------------------------------------------':plain
\echo
SELECT w.item AS half_item, format('{%s}', w.item) AS half_items, w.customer AS half_by, w.customer_name AS half_name, round(w.open_amount / 2, 2) AS half FROM dunning.worklist AS w
WHERE w.currency = 'EUR' AND w.channel = 'phone' AND w.customer::text <> :'broken_by' ORDER BY w.open_amount DESC, w.item LIMIT 1 \gset
SELECT format('{%s}', w.item) AS plan_items, w.customer AS plan_by, w.customer_name AS plan_name FROM dunning.worklist AS w
WHERE w.currency = 'EUR' AND w.days_past_due > 60 AND w.state <> 'held' ORDER BY w.open_amount DESC, w.item LIMIT 1 \gset
\echo :half_name 'says that half of the goods are missing. Only the other half is reminded of.'
\echo
\set ECHO queries
SELECT dunning.log_contact('facture', :'half_by', 'call', items => :'half_items', disputed => :half,
	dispute_category => 'QTE_ERR', on_day => '2026-11-20');
SELECT reference, open_amount, held_amount, state FROM dunning.worklist WHERE item = :'half_item';
\set ECHO none
\echo :plan_name 'pays one invoice in four instalments. They add up to the cent; its reminders wait.'
\echo
\set ECHO queries
SELECT dunning.agree_plan('facture', :'plan_items', first_on => '2026-12-15', number => 4, agreed_on => '2026-11-20');
SELECT nth, due_on, amount, state FROM dunning.instalments_of_plans();
\set ECHO none
\echo :bold'--- 9. The letter of the day -------------------------------------------------------------------':plain
\echo
\echo 'Who writes, and to which account is paid, is said once. Numbers with wrong check digits are refused.'
\echo
\set ECHO queries
SELECT dunning.save_sender('Fournitures Valmont', address => E'8 quai de l''Exemple\n49000 Angers', city => 'Angers',
	email => 'compta@valmont.example', signatory => 'Claire Valmont', iban => 'FR14 2004 1010 0505 0001 3M02 606');
SELECT dunning.make_notices() AS notices;
\set ECHO none
SELECT m.item AS paid, m.reference AS paid_reference, m.open_amount AS paid_amount, m.customer_name AS paid_by, m.customer AS paid_of
FROM (SELECT r.*, count(*) OVER (PARTITION BY r.customer) AS items FROM dunning.reminder AS r WHERE r.state = 'pending' AND r.channel = 'letter' AND r.currency = 'EUR') AS m
ORDER BY m.items DESC, m.customer, m.open_amount, m.item LIMIT 1 \gset
\echo 'Meanwhile' :paid_by 'pays' :paid_reference'. In the same transaction, the reminder of it is called off.'
\echo
\set ECHO queries
INSERT INTO reglement (facture_id, date_reglement, montant, mode)
VALUES (:paid, '2026-11-20', :paid_amount, 'virement');
SELECT reference, channel, state, reason FROM dunning.reminder WHERE item = :'paid' ORDER BY level;
\set ECHO none
\echo 'A sender takes the letters. They are written now, without what was paid, and with the real date of today.'
\echo
\set ECHO queries
CREATE TEMP TABLE letter AS SELECT * FROM dunning.take_notices('letter');
\set ECHO none
SELECT notice FROM letter WHERE customer::text = :'paid_of' AND currency = 'EUR' \gset
\pset format unaligned
\pset tuples_only on
\set ECHO queries
SELECT subject || E'\n\n' || body FROM letter WHERE notice = :notice;
\set ECHO none
\o :page
SELECT dunning.render('<!DOCTYPE html><html lang="{{language}}"><head><meta charset="utf-8"><style>@page { size: A4; margin: 20mm }
body { font: 11pt/1.4 sans-serif; max-width: 170mm; margin: auto } .from, .to { white-space: pre-line } .to { margin: 10mm 0 20mm 90mm }</style></head>
<body><div class="from">{{company.name}}
{{company.address}}</div><div class="to">{{address}}

{{company.city}}, {{context.written_on}}</div><p><b>{{subject}}</b></p>{{{html}}}</body></html>',
	jsonb_build_object('language', language, 'company', context -> 'company', 'context', context, 'address', address, 'subject', subject, 'html', html))
FROM letter WHERE notice = :notice;
\o
\pset format aligned
\pset tuples_only off
\set ECHO queries
SELECT dunning.notice_sent(:notice);
\set ECHO none
\echo :bold'--- What next ----------------------------------------------------------------------------------':plain
\echo
\echo 'In psql, in the database of your ERP (the server of make demo is gone when this ends):'
\echo
\echo '  CREATE EXTENSION pg_dunning;                  -- once; all of it is in the schema dunning'
\echo '  ALTER DATABASE your_database SET jit = off;   -- once; compiling the queries takes longer than they do'
\echo '  SELECT * FROM dunning.adopt(''your_table'');    -- says what it found, and what it misses'
\echo '  SELECT * FROM dunning.worklist;               -- what is due'
\echo '  SELECT * FROM dunning.customer_worklist;      -- the same by customer'
\echo '  CALL dunning.run();                           -- writes the reminders of today'
\echo '  SELECT dunning.schedule_run();                -- does so every working day, by pg_cron'
\echo '  SELECT dunning.release_ledger(''your_table'');  -- lets it go'
\echo
