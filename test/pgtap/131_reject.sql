-- Steps of rejected payments: which are raised, for which rejection, beside the ladder.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SET dunning.time_zone = 'UTC';
SELECT no_plan();

CREATE TABLE public.bill (id integer PRIMARY KEY, client integer, issued_on date, due_on date, amount numeric, currency text);
CREATE TABLE public.payment (bill integer, paid_on date, amount numeric, code text, back boolean);
CREATE INDEX ON public.payment (bill);
\set ours '5 email; 15 letter; reject 1 phone "Call" fee 7.50 EUR manual; reject 4 sms; reject AC04 0 mail "Account closed" min 50 EUR; wait 3'
INSERT INTO dunning.procedure (name, procedure) VALUES ('ours', :'ours');
SELECT is((SELECT procedure::text FROM dunning.procedure WHERE name = 'ours'), '5 email; 15 letter; reject 1 phone "Call" fee 7.50 EUR manual; reject 4 sms; reject ac04 0 mail "Account closed" min 50.00 EUR; wait 3', 'the procedure reads back');
SELECT results_eq($$ SELECT level, day, offset_days, channel, label, fee, wait_days, step, manual FROM dunning.steps((SELECT procedure FROM dunning.procedure WHERE name = 'ours')) WHERE level > 2 $$,
	$$ VALUES (3, 'reject 1', NULL::integer, 'phone', 'Call', 7.50, NULL::integer, 'reject 1', true), (4, 'reject 4', NULL, 'sms', NULL, NULL, NULL, 'reject 4', false),
		(5, 'reject ac04 0', NULL, 'mail', 'Account closed', NULL, NULL, 'reject ac04 0', false) $$, 'its steps as rows');
SELECT is(ARRAY[_dunning.nothing_due(procedure, '15', 'letter', '2026-01-01', '2027-01-01'), _dunning.nothing_due(procedure, '5', 'email', '2026-01-01', '2026-01-16')],
	'{t,f}', 'the ladder has two') FROM dunning.procedure WHERE name = 'ours';
SELECT is(_dunning.nothing_due(procedure, 'reject 4', 'sms', '2026-01-01', '2026-01-02'), false, 'and the step of a rejection says nothing of it') FROM dunning.procedure WHERE name = 'ours';
SELECT is(_dunning.reject_fact(code, '2026-10-05')::text, format('{reject %s on 2026-10-05}', name), format('code %s', code))
FROM (VALUES ('AC04', 'ac04'), (' MS 03 ', 'ms_03'), ('31', '_31'), (NULL, 'unknown'), ('', 'unknown'), ('-', 'unknown'), (repeat('x', 70), repeat('x', 63))) AS v (code, name);
SELECT is(_dunning.reject_fact('AC04', NULL), NULL, 'no day, no fact');
SELECT results_eq($$ SELECT kind, name, on_day FROM dunning.facts('{reject ac04 on 2026-10-05}') $$, $$ VALUES ('reject', 'ac04', date '2026-10-05') $$, 'a rejection as a row');

SELECT FROM dunning.adopt('public.bill', procedure => 'ours', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on", "amount": "amount",
	"currency": "currency", "payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount", "reject_code": "code"}}') \g /dev/null
INSERT INTO public.bill SELECT k, k, '2026-08-01', '2026-08-31', 100, 'EUR' FROM generate_series(1, 9) AS k;
INSERT INTO public.bill VALUES (10, 10, '2026-08-01', '2026-08-31', 40, 'EUR');
-- paid and taken back: by code, by another code, without one, twice
INSERT INTO public.payment (bill, paid_on, amount, code) VALUES
	(1, '2026-09-01', 100, NULL), (1, '2026-09-04', -100, 'AM04'), (2, '2026-09-01', 100, NULL), (2, '2026-09-04', -100, 'AC04'),
	(3, '2026-09-01', 100, NULL), (3, '2026-09-04', -100, NULL), (4, '2026-09-01', 100, NULL), (4, '2026-09-04', -100, 'MD01'), (4, '2026-09-10', 100, NULL), (4, '2026-09-12', -100, 'MD01'),
	(5, '2026-09-04', 0, 'MS03'), (10, '2026-09-01', 40, NULL), (10, '2026-09-04', -40, 'AC04');

-- A run each night; what is raised goes out on its day, and calls two days later.
CREATE FUNCTION pg_temp.nights(first date, last date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	day date;
	r bigint;
BEGIN
	FOR day IN SELECT generate_series(first, last, '1 day')::date LOOP
		PERFORM dunning.run_reminders(day);
		FOR r IN SELECT m.reminder FROM dunning.reminder AS m WHERE m.state = 'pending' AND m.raised_on <= day - CASE WHEN m.manual THEN 2 ELSE 0 END LOOP
			PERFORM dunning.mark_reminder_sent(r, day);
		END LOOP;
	END LOOP;
END $$;
SELECT pg_temp.nights('2026-08-30', '2026-09-25');
CREATE FUNCTION pg_temp.life(item text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', to_char(r.raised_on, 'MM-DD'), r.channel, CASE WHEN r.occurrence > 1 THEN r.occurrence END, r.fee, CASE WHEN r.state <> 'sent' THEN r.state END), ', ' ORDER BY r.raised_on, r.reminder)
	FROM dunning.reminder AS r WHERE r.item = life.item::dunning.item_key $$;
SELECT is(pg_temp.life(item), life, why) FROM (VALUES
	('6', '09-05 email, 09-15 letter', 'never rejected'),
	('1', '09-05 phone 7.50, 09-06 email, 09-08 sms, 09-15 letter', 'the steps of the rejection go before the ladder, which takes all its own'),
	('2', '09-04 mail, 09-05 email, 09-15 letter', 'a code with steps of its own'),
	('3', '09-05 email, 09-15 letter', 'a payment that is taken back without a code is no rejection'),
	('4', '09-05 phone 7.50, 09-06 email, 09-08 sms, 09-13 phone 2 7.50, 09-15 letter, 09-16 sms 2', 'two rejections'),
	('5', '09-05 phone 7.50, 09-06 email, 09-08 sms, 09-15 letter', 'a bill that comes back without having been booked as paid'),
	('10', '09-05 email, 09-15 letter', 'below the minimum of the step')) AS v (item, life, why);
SELECT is((SELECT count(*) FROM dunning.run_problem), 0::bigint, 'no problem');
-- the nights are the replay
SELECT set_eq($$ SELECT r.item::text, r.raised_on, r.step, r.channel, r.occurrence FROM dunning.reminder AS r $$,
	$$ SELECT i.item::text, p.on_day, p.step, p.channel, p.occurrence FROM dunning.ledger_items('2026-09-25') AS i CROSS JOIN LATERAL dunning.replay((SELECT procedure FROM dunning.procedure WHERE name = 'ours'), i.due_on,
		'2026-08-30', '2026-09-25', coalesce(i.rejects, '{}') + coalesce((SELECT dunning.sum(_dunning.reminder_fact(r.step, r.channel, r.occurrence, r.raised_on, r.sent_on)) FROM dunning.reminder AS r WHERE r.item = i.item), '{}'),
		i.history, currency => i.currency) AS p WHERE p.event = 'raised' $$, 'what the nights raised is what replay says');
SELECT set_eq($$ SELECT channel, steps, items FROM dunning.back_test((SELECT procedure FROM dunning.procedure WHERE name = 'ours'), '2026-09-01', '2026-09-25', 'bill') $$,
	$$ VALUES ('phone', 4::bigint, 3::bigint), ('sms', 4, 3), ('mail', 1, 1), ('email', 10, 10), ('letter', 10, 10) $$, 'and the back-test');

-- what is pending: a second rejection takes the place of the first, one that is gone takes its reminder along
SET session_replication_role = replica; TRUNCATE dunning.reminder, public.payment; RESET session_replication_role;
INSERT INTO public.payment (bill, paid_on, amount, code) VALUES (1, '2026-09-01', 0, 'MD06'), (2, '2026-09-01', 0, 'MD06'), (7, '2026-09-02', 0, 'MD06');
SELECT dunning.run_reminders('2026-09-02') \g /dev/null
SELECT is(pg_temp.life('1'), '09-02 phone 7.50 pending', 'a call that waits');
INSERT INTO public.payment (bill, paid_on, amount, code) VALUES (1, '2026-09-02', 0, 'MD06');
DELETE FROM public.payment WHERE bill = 2;
SELECT dunning.run_reminders('2026-09-03') \g /dev/null
SELECT is(pg_temp.life('1'), '09-02 phone 7.50 cancelled, 09-03 phone 2 7.50 pending', 'gives way to that of the next rejection');
SELECT is((SELECT reason FROM dunning.reminder WHERE item = '2'), 'another rejection came after its own, or its own is gone', 'one whose rejection is gone is withdrawn');
SELECT is((SELECT count(*) FROM dunning.to_send WHERE item IN ('1', '2', '7')), 2::bigint, 'what stands may be sent');
SELECT is(dunning.run_reminders('2026-09-04'), 0, 'nothing twice');
SET dunning.today = '2026-09-02';
SELECT results_eq($$ SELECT state, level, step, occurrence, reason, reason_name, reason_on FROM dunning.worklist WHERE item = '7' $$,
	$$ VALUES ('scheduled', 3, 'reject 1', 1, 'rejection', 'md06', date '2026-09-02') $$, 'the work list says which step and why');
SELECT is((SELECT string_agg(what, '; ' ORDER BY nth) FROM dunning.why('bill', '7') WHERE about IN ('state', 'reason')), 'The next step is on 3 September 2026: step 3, telephone call "Call"; A payment was rejected on 2 September 2026 (code MD06)', 'so does why');
SELECT is((SELECT string_agg(what, '; ' ORDER BY nth) FROM dunning.why('bill', '7') WHERE about = 'rejection'), 'Payment rejected on 2 September 2026 (code MD06)', 'all rejections are told');
SELECT is((SELECT string_agg(what, '; ' ORDER BY nth) FROM dunning.why('bill', '7', language => 'fr') WHERE about = 'rejection'), 'Paiement rejeté le 02/09/2026 (motif MD06)', 'in French');
SELECT matches((SELECT what FROM dunning.why('bill', '7', language => 'fr') WHERE about = 'reason'), '^Un paiement a été rejeté le 02/09/2026 \(motif MD06\)$', 'in French');
RESET dunning.today;

-- the ledger that says it by a flag: the flag decides, and the code may be missing
SET session_replication_role = replica; TRUNCATE dunning.reminder, public.payment; RESET session_replication_role;
SELECT FROM dunning.adopt('public.bill', replace => true, columns => '{"payments": {"rejected": "back"}}') \g /dev/null
INSERT INTO public.payment (bill, paid_on, amount, code, back) VALUES (1, '2026-09-01', 0, 'MD06', false), (2, '2026-09-01', 0, NULL, true), (7, '2026-09-01', 0, 'AC04', true), (8, '2026-09-01', 0, 'AC04', NULL);
SELECT set_eq($$ SELECT item::text, rejects::text FROM dunning.open_item WHERE rejects IS NOT NULL $$, $$ VALUES ('2', '{reject unknown on 2026-09-01}'), ('7', '{reject ac04 on 2026-09-01}') $$, 'the flag decides');
-- with the charge of the bank, and a part of a collective payment: what came back is undone from its start, the charge is a debit
SET session_replication_role = replica; TRUNCATE public.payment; RESET session_replication_role;
INSERT INTO dunning.rule (name, rule) VALUES ('tenth', '36.5%; payments to interest');
UPDATE dunning.ledger SET rule = 'tenth' WHERE ledger = 'bill';
INSERT INTO public.bill SELECT k, k, '2026-08-01', '2026-08-31', 1000, 'EUR' FROM generate_series(21, 24) AS k;
INSERT INTO public.payment (bill, paid_on, amount, back) VALUES (21, '2026-09-10', 500, false), (21, '2026-09-20', -507.50, true), (22, '2026-09-10', 500, false), (22, '2026-09-20', -450, true),
	(23, '2026-09-10', 500, false), (23, '2026-09-20', -507.50, false), (24, '2026-09-10', 500, false), (24, '2026-09-20', -500, true);
SELECT set_eq($$ SELECT i.item::text, i.history::text, i.open_amount FROM dunning.ledger_items('2026-09-30') AS i WHERE i.ledger = 'bill' AND i.amount = 1000 $$, $$ VALUES
	('21', '{2026-08-01: 1000.00, 2026-09-10: -500.00, 2026-09-20: 500.00, 2026-09-20: 7.50}', 1007.50), ('22', '{2026-08-01: 1000, 2026-09-10: -50, 2026-09-10: -450, 2026-09-20: 450}', 950),
	('23', '{2026-08-01: 1000.00, 2026-09-10: -500.00, 2026-09-20: 507.50}', 1007.50), ('24', '{2026-08-01: 1000, 2026-09-10: -500, 2026-09-20: 500}', 1000) $$, 'what the bank took back, with its charge, or in part');
SELECT set_eq($$ SELECT i.item::text, i.history::text, i.open_amount FROM _dunning.whole_items('2026-09-30') AS i WHERE i.ledger = 'bill' AND i.amount = 1000 $$,
	$$ SELECT i.item::text, i.history::text, i.open_amount FROM dunning.ledger_items('2026-09-30') AS i WHERE i.ledger = 'bill' AND i.amount = 1000 $$, 'where all is read, too');
SELECT is((SELECT i.history::text FROM dunning.ledger_items('2026-09-19') AS i WHERE i.ledger = 'bill' AND i.item = '22'), '{2026-08-01: 1000, 2026-09-10: -500}', 'the day before the payment stands');
-- 30 days of 1,000 and 10 of 7.50; of the 50 that stand 10 pay the interest of 10 days, so that 960 bear it for 20 more
SET dunning.today = '2026-09-30';
SELECT results_eq($$ SELECT w.item::text, w.late_interest FROM dunning.worklist AS w WHERE w.ledger = 'bill' AND w.item IN ('21', '22', '24') ORDER BY 1 $$, $$ VALUES ('21', 30.08), ('22', 29.20), ('24', 30.00) $$, 'the interest');
RESET dunning.today;
-- the parts of an item
CREATE TABLE public.parts (id integer PRIMARY KEY, client integer, issued_on date, terms text, amount numeric);
CREATE TABLE public.paid (bill integer, part integer, paid_on date, amount numeric, code text);
SELECT FROM dunning.adopt('public.parts', procedure => 'ours', rule => NULL, columns => '{"key": "id", "customer": "client", "issued_on": "issued_on", "terms": "terms", "amount": "amount",
	"payments": {"table": "paid", "item": "bill", "part": "part", "date": "paid_on", "amount": "amount", "reject_code": "code"}}') \g /dev/null
INSERT INTO public.parts VALUES (1, 1, '2026-01-01', '30% on order; balance net 60', 1000), (2, 1, '2026-01-01', '30% on order; balance net 60', 1000);
INSERT INTO public.paid VALUES (1, 2, '2026-03-05', 0, 'AC04'), (2, NULL, '2026-01-05', 0, 'MD01');
SELECT set_eq($$ SELECT item::text, part, rejects::text FROM dunning.ledger_items('2026-04-01') WHERE ledger = 'parts' $$,
	$$ VALUES ('1', 1, NULL), ('1', 2, '{reject ac04 on 2026-03-05}'), ('2', 1, '{reject md01 on 2026-01-05}'), ('2', 2, NULL) $$, 'a rejection is of the part that it names, or of the first');
SELECT set_eq($$ SELECT item::text, part, rejects::text FROM _dunning.whole_items('2026-04-01') WHERE ledger = 'parts' $$,
	$$ SELECT item::text, part, rejects::text FROM dunning.ledger_items('2026-04-01') WHERE ledger = 'parts' $$, 'so it is where all is read');

SELECT * FROM finish();
