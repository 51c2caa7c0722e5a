-- Published examples of levels, intervals and states, and stories from a credit
-- manager's practice, through the public functions.  The rows are those of a list of
-- examples that were read in manuals and tests of other systems; what was published
-- wrong must not come out.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();

-- The procedure that a list of thresholds means: a step after so many days.
CREATE FUNCTION pg_temp.ladder(days integer[], options text) RETURNS dunning.dunning_procedure LANGUAGE sql IMMUTABLE AS $$
	SELECT (string_agg(d || ' s' || n, '; ' ORDER BY n) || options)::dunning.dunning_procedure FROM unnest(days) WITH ORDINALITY AS u (d, n) $$;

-- Levels by days in arrears (SAP, R/3 4.6C): the level that a run gives an item that had no reminder.
SELECT is((SELECT d.level FROM dunning.decide(pg_temp.ladder(thresholds, '; mode jump'), '2026-01-01', date '2026-01-01' + days) AS d WHERE d.state = 'due'), expected, id)
FROM (VALUES ('DL-01', 14, ARRAY[2, 16, 30, 44], 1), ('DL-03', 50, ARRAY[2, 16, 30, 44], 4)) AS v (id, days, thresholds, expected);

-- The interval: 14 days after the last one the item is due again, and not a day before.
SELECT is((SELECT string_agg(d.state, ' ' ORDER BY day) FROM generate_series(date '1997-03-14', '1997-03-15', '1 day') AS day
	CROSS JOIN dunning.decide('2 s1; 10 s2; wait 14', '1997-02-20', day::date, '{reminder 2 s1 raised 1997-03-01 sent 1997-03-01}') AS d), 'scheduled due', 'DL-04');

-- The state of an account by its earliest unpaid invoice (Kill Bill): the last state whose time has come.
-- There the states of an account are those of its oldest open item, so that one item says them.
CREATE FUNCTION pg_temp.state(earliest date, day date, names text[], days integer[]) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce((SELECT names[d.level] FROM dunning.decide(pg_temp.ladder(days, '; mode jump'), earliest, day) AS d WHERE d.state = 'due'), 'CLEAR') $$;
SELECT is(pg_temp.state(earliest, day, names, days), expected, id)
FROM (VALUES ('DL-08', date '2012-05-31', date '2012-06-24', ARRAY['OD1', 'OD2', 'OD3'], ARRAY[30, 40, 50], 'CLEAR'), ('DL-10', '2012-05-31', '2012-07-10', ARRAY['OD1', 'OD2', 'OD3'], ARRAY[30, 40, 50], 'OD2'),
	('DL-12', '2026-06-02', '2026-06-06', ARRAY['WARNING', 'BLOCKED', 'CANCELLATION'], ARRAY[5, 7, 11], 'CLEAR'), ('DL-14', '2026-06-02', '2026-06-09', ARRAY['WARNING', 'BLOCKED', 'CANCELLATION'], ARRAY[5, 7, 11], 'BLOCKED'))
	AS v (id, earliest, day, names, days, expected);
-- The step-down: when the oldest invoice is paid, the state follows the next one.  Due on 1 and 4 June, the first one is paid on the 9th.
SELECT is(string_agg(concat_ws(' ', to_char(day, 'DD'), state), ', ' ORDER BY day), '05 CLEAR, 06 WARNING, 08 BLOCKED, 09 WARNING, 10 WARNING, 11 BLOCKED, 15 CANCELLATION', 'DL-12, DL-14: day by day, and down when the oldest one is paid')
FROM (SELECT day, coalesce((ARRAY['WARNING', 'BLOCKED', 'CANCELLATION'])[max(d.level)], 'CLEAR') AS state
	FROM unnest('{2026-06-05,2026-06-06,2026-06-08,2026-06-09,2026-06-10,2026-06-11,2026-06-15}'::date[]) AS day
	CROSS JOIN (VALUES (date '2026-06-01', '{2026-05-01: 10.00, 2026-06-09: -10.00}'::dunning.balance_history), ('2026-06-04', '{2026-05-01: 10.00}')) AS i (due_on, balance)
	LEFT JOIN LATERAL dunning.decide(pg_temp.ladder('{5,7,11}', '; mode jump'), i.due_on, day, balance => i.balance) AS d ON d.state = 'due'
	GROUP BY day) AS s;

-- The same by customer (Kill Bill #2297): invoices of 31 May and 2 June, the older one is paid on 2 June.
SAVEPOINT account;
CREATE TABLE public.account_item (id integer PRIMARY KEY, account integer, due_on date, amount numeric, currency text DEFAULT 'USD');
CREATE TABLE public.account_payment (item integer, paid_on date, amount numeric);
INSERT INTO public.account_item VALUES (1, 1, '2026-05-31', 10), (2, 1, '2026-06-02', 10), (3, 2, '2026-05-31', 10), (4, 2, '2026-06-02', 10);
INSERT INTO public.account_payment VALUES (1, '2026-06-02', 10);
INSERT INTO dunning.procedure (name, procedure) VALUES ('account', '5 warning; 7 blocked; 11 cancellation; mode jump; by customer');
SELECT dunning.adopt('public.account_item', procedure => 'account', rule => NULL, columns => '{"key": "id", "customer": "account", "due_on": "due_on", "amount": "amount", "currency": "currency",
	"payments": {"table": "account_payment", "item": "item", "date": "paid_on", "amount": "amount"}}') \g /dev/null
CREATE FUNCTION pg_temp.account(account text, day date) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce((SELECT upper(w.channel) FROM dunning.customer_worklist_as_of(day) AS w WHERE w.ledger = 'account_item' AND w.payer = account::dunning.item_key AND w.state = 'due'), 'CLEAR') $$;
SELECT is(pg_temp.account('1', day), expected, format('#2297 on %s', day))
FROM (VALUES (date '2026-06-06', 'CLEAR'), ('2026-06-07', 'WARNING'), ('2026-06-09', 'BLOCKED'), ('2026-06-13', 'CANCELLATION')) AS v (day, expected);
SELECT is(pg_temp.account('2', day), expected, format('unpaid, by the oldest one, on %s', day))
FROM (VALUES (date '2026-06-04', 'CLEAR'), ('2026-06-05', 'WARNING'), ('2026-06-07', 'BLOCKED'), ('2026-06-11', 'CANCELLATION')) AS v (day, expected);
ROLLBACK TO account;

-- Aged item (Odoo put it under 120+): 5,500.00 that are 35 days late.
SELECT is(dunning.bucket_label('2017-02-28', '2017-04-04', '30,60,90,120') || ' ' || dunning.open_amount('{2017-01-01: 10000.00, 2017-03-01: -1500.00, 2017-03-02: -1000.00, 2017-03-03: -2000.00}', '2017-04-04'), '31-60 5500.00', 'AG-01');

-- States of electronic invoices: what each does to the item.  EI-12 to EI-15 are wrong as
-- published: 212 is money that came, 213 a rejected invoice, 209 completed.
CREATE TABLE public.facture (id integer PRIMARY KEY, client integer, issued_on date, due_on date, solde numeric, devise text DEFAULT 'EUR');
INSERT INTO public.facture SELECT code, 1, '2026-09-01', '2026-10-01', 100 FROM unnest(ARRAY[200, 205, 207, 208, 209, 211, 212, 213]) AS code;
SELECT dunning.adopt('public.facture', rule => NULL, columns => '{"key": "id", "customer": "client", "issued_on": "issued_on", "due_on": "due_on", "open_amount": "solde", "currency": "devise"}') \g /dev/null
SELECT dunning.einvoice_event('facture', '209', '208', '2026-10-02') \g /dev/null
CREATE TEMP TABLE done AS SELECT c.code, e.done FROM unnest(ARRAY[200, 205, 207, 209, 212, 213]) AS c (code) CROSS JOIN LATERAL dunning.einvoice_event('facture', dunning.item_key(c.code), c.code::text, '2026-10-03') AS e;
SELECT is((SELECT concat_ws(' ', d.done, h.reason) FROM done AS d LEFT JOIN dunning.hold_as_of('2026-10-03') AS h ON h.item = dunning.item_key(d.code) WHERE d.code = v.code), expected, id)
FROM (VALUES ('EI-01', 200, 'kept'), ('EI-03', 205, 'kept'), ('EI-05', 207, 'held dispute'), ('EI-07', 209, 'released'), ('EI-11', 213, 'held not_delivered'), ('EI-12', 212, 'kept')) AS v (id, code, expected);
SELECT dunning.release_ledger('facture') \g /dev/null

-- Fourteen days from the day after sending (Belgium): the window of a reminder by e-mail.
SELECT is((SELECT min(day)::date || '..' || max(day)::date FROM generate_series(date '2026-03-01', '2026-04-01', '1 day') AS day
	CROSS JOIN dunning.decide('0 email; 1 letter wait 15', '2026-02-01', day::date, '{reminder 0 email raised 2026-03-02 sent 2026-03-02}') AS d WHERE d.state = 'scheduled' AND day > '2026-03-02'),
	'2026-03-03..2026-03-16', 'BE-10: the next step comes after the window');

--
-- Stories of 2026.  The rate from 1 July on is 12.40 % a year, on actual days of 365.
-- The latest day that there is anywhere: a run is for no day to come.
--
SET dunning.time_zone = 'Pacific/Kiritimati';
INSERT INTO dunning.rule (name, rule) VALUES ('story', '12.40%; compensation 40.00 EUR');
INSERT INTO dunning.procedure (name, procedure) VALUES ('story', '5 email; 20 letter; wait 3');
CREATE TABLE public.item (key text PRIMARY KEY, client integer, company text DEFAULT 'A', issued_on date, due_on date, amount numeric(14, 2), currency text DEFAULT 'EUR');
CREATE TABLE public.payment (item text, paid_on date, amount numeric);
SELECT dunning.adopt('public.item', rule => 'story', procedure => 'story', columns => '{"key": "key", "customer": "client", "company": "company", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount",
	"currency": "currency", "payments": {"table": "payment", "item": "item", "date": "paid_on", "amount": "amount"}}') \g /dev/null

-- 1. Insolvency: opening judgment of 12 November; F1 and F2 were delivered before it, F3 after.
INSERT INTO public.item (key, client, issued_on, due_on, amount) VALUES ('F1', 1, '2026-09-10', '2026-10-31', 12000), ('F2', 1, '2026-11-05', '2026-12-31', 5000), ('F3', 1, '2026-11-20', '2026-11-25', 6000);
SELECT dunning.hold_items('item', ARRAY['F1', 'F2']::dunning.item_key[], 'insolvency', '2026-11-12') \g /dev/null
SELECT is(dunning.run_reminders('2026-11-30'), 1, '1: one reminder on 30 November');
SELECT is((SELECT string_agg(r.item::text || ' ' || r.open_amount, ', ') FROM dunning.reminder AS r), 'F3 6000.00', '1: of what was delivered after the judgment');
SELECT is((SELECT string_agg(concat_ws(' ', w.item, w.state, w.reason_name), ', ' ORDER BY w.item) FROM dunning.worklist_as_of('2026-11-30') AS w), 'F1 held insolvency, F2 held insolvency, F3 scheduled', '1: the rest is held');
-- to declare: what is owed at the judgment, with interest of 1 to 11 November, and the compensation
SELECT is((SELECT (p.late).interest || ' ' || (p.late).compensation || ' ' || 12000 + (p.late).interest + (p.late).compensation + 5000
	FROM (SELECT dunning.late_penalty(12000, '2026-10-31', '2026-11-11', r.rule, true) AS late FROM dunning.rule AS r WHERE r.name = 'story') AS p), '44.84 40.00 17084.84', '1: to declare');

-- 4. A bill of exchange of 20,000, due on 30 September, returned unpaid on 5 October: interest runs as if it had never been there.
SELECT is((SELECT (p.late).interest || ' ' || (p.late).compensation
	FROM (SELECT dunning.late_penalty(20000, '2026-09-30', '2026-10-31', r.rule, true) AS late FROM dunning.rule AS r WHERE r.name = 'story') AS p), '210.63 40.00', '4: 31 days of interest');
INSERT INTO public.item (key, client, issued_on, due_on, amount) VALUES ('T1', 4, '2026-08-01', '2026-09-30', 20000);
INSERT INTO public.payment VALUES ('T1', '2026-09-15', 20000), ('T1', '2026-09-15', -20000);
SELECT is((SELECT concat_ws(' ', w.open_amount, w.days_past_due, w.late_interest, w.compensation) FROM dunning.worklist_as_of('2026-10-31') AS w WHERE w.item = 'T1'), '20000.00 31 210.63 40.00', '4: the same in the work list');
SELECT is((SELECT concat_ws(' ', w.open_amount, w.status, w.state) FROM dunning.worklist_as_of('2026-09-16') AS w WHERE w.item = 'T1'), '20000.00 not_due scheduled', '4: on 16 September nothing is reminded, and 20,000 are open');
SELECT * FROM finish();
ROLLBACK;
