-- Claims: what is booked of late interest, compensation and fees.  What is
-- expected is computed here, day by day over numeric, never by the functions
-- that the bookings use.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET dunning.today = '2026-12-31';
SELECT no_plan();

\ir try.psql
-- What is booked of an item: kind, first and last day, amount, reason
CREATE FUNCTION pg_temp.booked(of_ledger name, of_item text, after bigint DEFAULT 0) RETURNS text[] LANGUAGE sql AS $$
	SELECT coalesce(array_agg(concat_ws(' ', c.kind, to_char(c.from_day, 'MM-DD'), to_char(c.to_day, 'MM-DD'), c.amount, c.reason) ORDER BY c.claim), '{}')
	FROM dunning.claim AS c WHERE c.ledger = of_ledger AND c.item = of_item AND c.claim > after $$;
CREATE FUNCTION pg_temp.last_claim() RETURNS bigint LANGUAGE sql AS 'SELECT coalesce(max(claim), 0) FROM dunning.claim';
-- What a ledger has booked: items, interest, compensation
CREATE FUNCTION pg_temp.totals(of_ledger name) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', count(DISTINCT item), coalesce(sum(amount) FILTER (WHERE kind = 'interest'), 0), coalesce(sum(amount) FILTER (WHERE kind = 'compensation'), 0))
	FROM dunning.claim WHERE ledger = of_ledger $$;

INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES
	('house', '2025-01-01', 11.15), ('house', '2025-07-01', 12.40), ('house', '2026-01-01', 10);
INSERT INTO dunning.rule (name, series, clauses) VALUES ('house', 'house', 'compensation 40.00 EUR');
INSERT INTO dunning.rule (name, rule) VALUES ('plain', '10%; compensation 40.00 EUR'), ('private', '5%');

--
-- However often claims are booked: random invoices with part payments, some
-- before the due date, some taken back, some too much
--
SELECT setseed(0.2026);
CREATE TABLE public.facture (id integer PRIMARY KEY, client_id integer NOT NULL, issued_on date NOT NULL, due_on date NOT NULL, amount numeric(12, 2) NOT NULL, currency text);
CREATE TABLE public.paiement (invoice_id integer, paid_on date, amount numeric(12, 2));
CREATE INDEX ON public.paiement (invoice_id);
INSERT INTO public.facture
SELECT k, k % 9, d, d + (random() * 60)::integer, (random() * 5000 + 200)::numeric(12, 2), 'EUR'
FROM (SELECT k, date '2025-01-01' + (random() * 250)::integer AS d FROM generate_series(1, 50) AS k) AS s;
INSERT INTO public.paiement
SELECT f.id, f.issued_on + (random() * 200)::integer, round(f.amount * (ARRAY[0.1, 0.2, 0.5])[1 + (random() * 2)::integer], 2)
FROM public.facture AS f CROSS JOIN generate_series(1, 3) WHERE random() < 0.6;
INSERT INTO public.paiement
SELECT p.invoice_id, p.paid_on + 20, -p.amount FROM public.paiement AS p
JOIN public.facture AS f ON f.id = p.invoice_id AND p.paid_on > f.due_on WHERE random() < 0.2;
INSERT INTO public.paiement SELECT f.id, f.due_on + 100, f.amount FROM public.facture AS f WHERE random() < 0.3;
DELETE FROM public.paiement WHERE invoice_id % 10 = 0;
INSERT INTO public.paiement SELECT f.id, f.due_on - f.id / 10, f.amount FROM public.facture AS f WHERE f.id % 10 = 0;

-- one ledger for each way to claim
CREATE VIEW public.daily AS SELECT * FROM public.facture;
CREATE VIEW public.twice AS SELECT * FROM public.facture;
CREATE VIEW public.once AS SELECT * FROM public.facture;
CREATE VIEW public.now_and_then AS SELECT * FROM public.facture;
CREATE FUNCTION pg_temp.adopted(name text, rule text DEFAULT 'house') RETURNS void LANGUAGE sql AS $$
	SELECT dunning.adopt(('public.' || name)::regclass, rule => rule, columns => '{"key": "id", "customer": "client_id", "due_on": "due_on",
		"issued_on": "issued_on", "amount": "amount", "currency": "currency",
		"payments": {"table": "paiement", "item": "invoice_id", "date": "paid_on", "amount": "amount"}}') $$;
SELECT count(pg_temp.adopted(name)) FROM unnest(ARRAY['daily', 'twice', 'once', 'now_and_then']) AS name \g /dev/null

-- the payments without those that came back by a day: each return takes the latest of its amount
CREATE FUNCTION pg_temp.stands(as_of date) RETURNS TABLE (invoice_id integer, paid_on date, amount numeric) LANGUAGE plpgsql AS $$
DECLARE
	back record;
	gone tid[] := '{}';
BEGIN
	FOR back IN SELECT p.ctid, p.* FROM public.paiement AS p WHERE p.amount < 0 AND p.paid_on <= as_of ORDER BY p.paid_on LOOP
		gone := gone || back.ctid || (SELECT p.ctid FROM public.paiement AS p
			WHERE p.invoice_id = back.invoice_id AND p.amount = -back.amount AND p.paid_on <= back.paid_on AND p.ctid <> ALL (gone) ORDER BY p.paid_on DESC LIMIT 1);
	END LOOP;
	RETURN QUERY SELECT p.invoice_id, p.paid_on, p.amount::numeric FROM public.paiement AS p WHERE p.ctid <> ALL (gone);
END $$;
-- day by day: the balance of the evening before, at the rate of the day
CREATE FUNCTION pg_temp.expected(as_of date) RETURNS TABLE (item text, interest numeric, compensation numeric) LANGUAGE sql AS $$
	WITH stands AS MATERIALIZED (SELECT * FROM pg_temp.stands(as_of))
	SELECT f.id::text, round(sum(greatest(b.balance, 0) * r.rate / 36500), 2),
		CASE WHEN bool_or(d.day = f.due_on + 1 AND b.balance > 0) THEN 40.00 ELSE 0 END
	FROM public.facture AS f
	CROSS JOIN LATERAL (SELECT f.due_on + n AS day FROM generate_series(1, as_of - f.due_on) AS n) AS d
	CROSS JOIN LATERAL (SELECT f.amount - coalesce(sum(p.amount), 0) AS balance FROM stands AS p WHERE p.invoice_id = f.id AND p.paid_on < d.day) AS b
	CROSS JOIN LATERAL (SELECT q.rate FROM dunning.reference_rate AS q WHERE q.series = 'house' AND q.effective_on <= d.day ORDER BY q.effective_on DESC LIMIT 1) AS r
	GROUP BY f.id, f.due_on $$;
CREATE TEMP TABLE day_by_day AS SELECT * FROM pg_temp.expected('2025-12-31');
CREATE FUNCTION pg_temp.amiss(of_ledger name) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', e.item, e.interest, e.compensation, 'but', c.interest, c.compensation)
	FROM day_by_day AS e
	LEFT JOIN (SELECT c.item::text AS item, sum(c.amount) FILTER (WHERE c.kind = 'interest') AS interest, sum(c.amount) FILTER (WHERE c.kind = 'compensation') AS compensation
		FROM dunning.claim AS c WHERE c.ledger = of_ledger GROUP BY c.item) AS c USING (item)
	WHERE coalesce(c.interest, 0) <> e.interest OR coalesce(c.compensation, 0) <> e.compensation $$;
SELECT cmp_ok((SELECT count(*) FROM day_by_day WHERE interest > 0), '>', 30::bigint, 'most of the random items are late');
SELECT cmp_ok((SELECT count(*) FROM day_by_day WHERE compensation = 0), '>', 0::bigint, 'but not all');

-- a wrong rate stands in the table until October
UPDATE dunning.reference_rate SET rate = 10.99 WHERE series = 'house' AND effective_on = '2025-01-01';
SELECT dunning.claim_penalties('2025-12-31', 'once') \g /dev/null
SELECT isnt_empty($$ SELECT pg_temp.amiss('once') $$, 'a wrong rate makes wrong claims');
DO $$
BEGIN
	FOR day IN 0 .. 364 LOOP
		IF day = 250 THEN
			UPDATE dunning.reference_rate SET rate = 11.15 WHERE series = 'house' AND effective_on = '2025-01-01';
		END IF;
		PERFORM dunning.claim_penalties(date '2025-01-01' + day, 'daily');
		IF day % 7 < 2 OR day = 364 THEN
			PERFORM dunning.claim_penalties(date '2025-01-01' + day, 'twice');
			PERFORM dunning.claim_penalties(date '2025-01-01' + day, 'twice');
		END IF;
		IF day IN (90, 91, 260, 364) THEN
			PERFORM dunning.claim_penalties(date '2025-01-01' + day, 'now_and_then');
		END IF;
	END LOOP;
END $$;
SELECT dunning.claim_penalties('2025-12-31', 'once') \g /dev/null
SELECT is_empty($$ SELECT pg_temp.amiss('daily') $$, 'claimed every day, with a rate corrected in between');
SELECT is_empty($$ SELECT pg_temp.amiss('twice') $$, 'claimed twice a day');
SELECT is_empty($$ SELECT pg_temp.amiss('now_and_then') $$, 'claimed now and then');
SELECT is_empty($$ SELECT pg_temp.amiss('once') $$, 'claimed once at the end, and corrected');
SELECT cmp_ok((SELECT count(*) FROM dunning.claim WHERE ledger = 'daily'), '>', 4000::bigint, 'daily claims are many');
SELECT is((SELECT array_agg(DISTINCT c.reason ORDER BY c.reason) FROM dunning.claim AS c WHERE c.ledger IN ('daily', 'twice', 'now_and_then', 'once')),
	ARRAY['accrued', 'amount or payments corrected', 'first claim', 'rates or terms corrected'], 'the reasons, and no other');
SELECT is_empty($$ SELECT c.item FROM dunning.claim AS c WHERE c.ledger = 'daily' AND c.reason = 'amount or payments corrected'
		AND NOT EXISTS (SELECT FROM public.paiement AS p WHERE p.invoice_id = c.item::text::integer AND p.amount < 0) $$,
	'corrected is what a returned payment changed');
SELECT is_empty($$ SELECT ledger, item, kind FROM dunning.claim GROUP BY 1, 2, 3, part HAVING max(booking) <> count(*) $$, 'bookings are numbered without gaps');
SELECT is_empty($$ SELECT claim FROM (SELECT claim, total, sum(amount) OVER (PARTITION BY ledger, item, part, kind ORDER BY booking) AS up_to_here FROM dunning.claim) AS s WHERE total <> up_to_here $$,
	'a total is the sum of the bookings up to it');
SELECT is_empty($$ SELECT claim FROM (SELECT claim, reason, from_day, max(to_day) OVER (PARTITION BY ledger, item ORDER BY booking ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
		FROM dunning.claim WHERE kind = 'interest') AS s WHERE reason = 'accrued' AND from_day <> before + 1 $$,
	'what accrued begins on the day after what was claimed');
SELECT is_empty($$ SELECT item FROM dunning.claim WHERE kind = 'compensation' GROUP BY ledger, item HAVING count(*) <> 1 $$, 'compensation is claimed once an item');
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2025-12-31') $$, 'a second call books nothing');

-- every payment dated back, every due date put off, an item gone: the next claim makes it good
SELECT pg_temp.last_claim() AS before \gset
UPDATE public.paiement SET paid_on = paid_on - 15 WHERE invoice_id % 3 = 0;
UPDATE public.facture SET due_on = due_on + 10 WHERE id % 3 = 1;
UPDATE public.paiement SET amount = amount * 0.9 WHERE invoice_id % 3 = 2;
SELECT dunning.claim_penalties('2025-12-31') \g /dev/null
TRUNCATE day_by_day;
INSERT INTO day_by_day SELECT * FROM pg_temp.expected('2025-12-31');
SELECT is_empty(format('SELECT pg_temp.amiss(%L)', name), 'payments and due dates corrected: ' || name) FROM unnest(ARRAY['daily', 'twice', 'once', 'now_and_then']) AS name;
SELECT is((SELECT array_agg(DISTINCT c.item::text::integer % 3 || ' ' || c.reason ORDER BY c.item::text::integer % 3 || ' ' || c.reason) FROM dunning.claim AS c WHERE c.claim > :before AND c.ledger = 'daily' AND c.kind = 'interest' AND c.reason NOT IN ('accrued', 'first claim')),
	ARRAY['0 amount or payments corrected', '1 due date corrected', '2 amount or payments corrected'], 'with the reasons');
SELECT is_empty($$ SELECT item FROM dunning.claim WHERE kind = 'compensation' GROUP BY ledger, item HAVING sum(amount) NOT IN (0, 40) $$, 'compensation is there or not');
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2025-12-31') $$, 'and nothing more to book');
SELECT pg_temp.totals('daily') AS before_deletion \gset
DELETE FROM public.facture WHERE id <= 20;
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2026-01-01', 'daily') WHERE kind <> 'interest' $$, 'items that are gone are left alone');
SELECT is((SELECT count(DISTINCT item)::text FROM dunning.claim WHERE ledger = 'daily'), split_part(:'before_deletion', ' ', 1), 'and their claims stay');
SELECT is((SELECT count(*) FROM dunning.claim WHERE ledger = 'daily' AND as_of = '2026-01-01' AND item::text::integer <= 20), 0::bigint, 'as they are');
SELECT count(dunning.release_ledger(name)) FROM unnest(ARRAY['daily', 'twice', 'once', 'now_and_then']::name[]) AS name \g /dev/null
SELECT cmp_ok((SELECT count(*) FROM dunning.claim), '>', 4000::bigint, 'a ledger that is released keeps its claims');

--
-- Step by step: invoices with dated payments
--
CREATE TABLE public.invoice (id integer PRIMARY KEY, client_id integer, issued_on date, due_on date, amount numeric, currency text, professional boolean);
CREATE TABLE public.payment (invoice_id integer, paid_on date, amount numeric);
CREATE FUNCTION pg_temp.adopt_invoice(rule text, consumer_rule text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM dunning.adopt('public.invoice', rule => rule, consumer_rule => consumer_rule, replace => EXISTS (SELECT FROM dunning.ledger AS l WHERE l.ledger = 'invoice'),
		columns => '{"key": "id", "customer": "client_id", "due_on": "due_on", "issued_on": "issued_on", "amount": "amount", "currency": "currency", "professional": "professional",
		"payments": {"table": "payment", "item": "invoice_id", "date": "paid_on", "amount": "amount"}}');
END $$;
INSERT INTO public.invoice VALUES
	(1, 7, '2025-02-01', '2025-03-01', 1000, 'EUR', true),
	(2, 7, '2025-02-01', '2025-03-01', 1000, 'EUR', false),
	(3, 7, '2025-02-01', '2025-03-01', 1000, 'EUR', NULL),
	(4, 7, '2025-02-01', '2025-03-01', -1000, 'EUR', NULL),
	(5, 8, '2025-02-01', '2025-06-01', 1000, 'EUR', NULL),
	(6, 8, '2025-02-01', '2025-03-01', 1000, 'EUR', NULL);
INSERT INTO public.payment VALUES (3, '2025-03-01', 1000), (6, '2025-03-11', 1000);
SELECT pg_temp.adopt_invoice('plain') \g /dev/null

SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2025-03-01', 'invoice') $$, 'on the due date nothing is owed');
SELECT results_eq($$ SELECT * FROM dunning.claim_penalties('2025-03-02', 'invoice') $$,
	$$ VALUES ('invoice'::name, 'interest', 3::bigint, 0.81, 'EUR'), ('invoice', 'compensation', 3, 120.00, 'EUR') $$, 'on the day after it is, with the compensation');
SELECT results_eq($$ SELECT * FROM dunning.claim_penalties('2025-03-31') $$, $$ VALUES ('invoice'::name, 'interest', 3::bigint, 18.37, 'EUR') $$, 'later what came since');
SELECT is(pg_temp.booked('invoice', '1'), ARRAY['compensation 03-02 03-02 40.00 first claim', 'interest 03-02 03-02 0.27 first claim', 'interest 03-03 03-31 7.95 accrued'], 'an open invoice');
SELECT is(pg_temp.booked('invoice', '6'), ARRAY['compensation 03-02 03-02 40.00 first claim', 'interest 03-02 03-02 0.27 first claim', 'interest 03-03 03-11 2.47 accrued'], 'one that was paid: to the day of payment');
SELECT is(pg_temp.booked('invoice', key), '{}', 'nothing of ' || what) FROM (VALUES ('3', 'one paid in time'), ('4', 'a credit note'), ('5', 'one that is not due')) AS v (key, what);
SELECT is((SELECT concat_ws(' ', part, booking, from_day, to_day, amount, total, currency, state, as_of, reason, customer, due_on, professional, basis, rule, reminder, booked_by = session_user)
	FROM dunning.claim AS c WHERE c.ledger = 'invoice' AND c.item = '6' AND c.kind = 'interest' AND c.booking = 2),
	'1 2 2025-03-03 2025-03-11 2.47 2.74 EUR accrued 2025-03-31 accrued 8 2025-03-01 t {2025-02-01: 1000, 2025-03-11: -1000} plain t', 'a claim, column by column');

-- who is no professional owes no compensation, where the rule says so
SELECT pg_temp.last_claim() AS before \gset
UPDATE dunning.rule SET rule = '10%; compensation 40.00 EUR if professional' WHERE name = 'plain';
SELECT dunning.claim_penalties('2025-03-31') \g /dev/null
SELECT is(pg_temp.booked('invoice', '2', :before), ARRAY['compensation 03-02 03-02 -40.00 rates or terms corrected'], 'a consumer''s compensation is taken back');
SELECT is(pg_temp.booked('invoice', '1', :before) || pg_temp.booked('invoice', '6', :before), '{}', 'that of the others stays');
SELECT pg_temp.adopt_invoice('plain', 'private') \g /dev/null
SELECT dunning.claim_penalties('2025-03-31') \g /dev/null
SELECT is(pg_temp.booked('invoice', '2', :before), ARRAY['compensation 03-02 03-02 -40.00 rates or terms corrected', 'interest 03-02 03-31 -4.11 rule changed'], 'a rule for consumers');
UPDATE public.invoice SET professional = true WHERE id = 2;
SELECT dunning.claim_penalties('2025-03-31') \g /dev/null
SELECT is((pg_temp.booked('invoice', '2', :before))[3:], ARRAY['compensation 03-02 03-02 40.00 debtor corrected', 'interest 03-02 03-31 4.11 rule changed, debtor corrected'], 'and a debtor who was none after all');

-- a currency that was wrong
UPDATE public.invoice SET currency = 'CHF' WHERE id = 1;
UPDATE dunning.rule SET rule = '10%; compensation 50.00 CHF if professional' WHERE name = 'plain';
SELECT results_eq($$ SELECT kind, items, amount, currency FROM dunning.claim_penalties('2025-03-31') $$,
	$$ VALUES ('interest', 1::bigint, 8.22, 'CHF'), ('interest', 1, -8.22, 'EUR'), ('compensation', 3, 150.00, 'CHF'), ('compensation', 3, -120.00, 'EUR') $$, 'the currency of an item and that of a compensation');
SELECT is((SELECT array_agg(concat_ws(' ', currency, kind, total) ORDER BY currency, kind) FROM dunning.claim_balance WHERE item = '1' AND ledger = 'invoice'),
	ARRAY['CHF compensation 50.00', 'CHF interest 8.22', 'EUR compensation 0.00', 'EUR interest 0.00'], 'nothing is left in the old one');
SELECT is((SELECT array_agg(DISTINCT reason) FROM dunning.claim WHERE run = (SELECT max(run) FROM dunning.run_log)), ARRAY['currency corrected'], 'and that is the reason, of what is taken back and of what is booked anew');
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2025-03-31') $$, 'once');
UPDATE public.invoice SET currency = 'EUR' WHERE id = 1;
UPDATE dunning.rule SET rule = '10%; compensation 40.00 EUR' WHERE name = 'plain';
SELECT dunning.claim_penalties('2025-03-31') \g /dev/null

-- a compensation is for good, unless the item never was late
SELECT pg_temp.last_claim() AS before \gset
INSERT INTO public.payment VALUES (1, '2025-04-05', 1000);
SELECT dunning.claim_penalties('2025-04-10') \g /dev/null
SELECT is(pg_temp.booked('invoice', '1', :before), ARRAY['interest 04-01 04-05 1.37 accrued'], 'the principal is paid: the claims stay');
UPDATE public.invoice SET due_on = '2025-04-05' WHERE id = 1;
SELECT dunning.claim_penalties('2025-04-10') \g /dev/null
SELECT is((pg_temp.booked('invoice', '1', :before))[2:], ARRAY['compensation 03-02 03-02 -40.00 due date corrected', 'interest 03-02 04-05 -9.59 due date corrected'], 'it was not late after all: all is taken back');
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2025-04-10', 'invoice') $$, 'once');
UPDATE public.payment SET paid_on = '2025-04-08' WHERE invoice_id = 1;
SELECT dunning.claim_penalties('2025-04-10') \g /dev/null
SELECT is((pg_temp.booked('invoice', '1', :before))[4:], ARRAY['compensation 04-06 04-06 40.00 amount or payments corrected', 'interest 04-06 04-08 0.82 accrued'], 'it was late by the day of payment: claimed again');
DELETE FROM public.payment WHERE invoice_id = 1;
SELECT dunning.claim_penalties('2025-04-20') \g /dev/null
SELECT is((pg_temp.booked('invoice', '1', :before))[6:], ARRAY['interest 04-09 04-20 3.29 accrued'], 'a payment that was none: the days since are claimed');

-- the last call undone, and done again
SELECT pg_temp.totals('invoice') AS before_deletion, pg_temp.booked('invoice', '1', :before) AS of_one \gset
DELETE FROM dunning.claim WHERE run = (SELECT max(run) FROM dunning.run_log);
SELECT isnt(pg_temp.totals('invoice'), :'before_deletion', 'a call can be undone');
SELECT dunning.claim_penalties('2025-04-20') \g /dev/null
SELECT is(pg_temp.totals('invoice') || pg_temp.booked('invoice', '1', :before)::text, :'before_deletion' || :'of_one', 'and done again');
SELECT min(claim) FILTER (WHERE booking = 1) AS first, min(claim) FILTER (WHERE booking = 2) AS second FROM dunning.claim WHERE ledger = 'invoice' AND item = '1' AND kind = 'interest' \gset
SELECT is(pg_temp.try(format('DELETE FROM dunning.claim WHERE claim = %s', :first)),
	format('55000: claim %s cannot be deleted without claim %s, which was booked after it | Undo the last run first, or correct the item: the next dunning.claim_penalties() books the difference.', :first, :second), 'what others were booked after cannot be deleted');
SELECT matches(pg_temp.try(statement), '^55000: claim \d+ cannot be deleted', 'nor thus: ' || statement)
FROM (VALUES ('DELETE FROM dunning.claim WHERE ledger = ''invoice'' AND booking <> 2'), ('DELETE FROM dunning.claim WHERE run = (SELECT min(run) FROM dunning.claim WHERE ledger = ''invoice'')')) AS v (statement);
SELECT is(pg_temp.totals('invoice') || pg_temp.booked('invoice', '1', :before)::text, :'before_deletion' || :'of_one', 'all are still there');
SELECT is(pg_temp.try(format('DO %L', 'BEGIN
	DELETE FROM dunning.claim WHERE false;
	DELETE FROM dunning.claim AS c WHERE c.ledger = ''invoice'' AND c.booking > 1;
	DELETE FROM dunning.claim AS c WHERE c.ledger = ''invoice'' AND c.item = ''1'';
	DELETE FROM dunning.claim AS c WHERE c.ledger = ''invoice'';
	RAISE division_by_zero;
END')), '22012: division_by_zero', 'the last ones can, and all');

-- without a rule nothing is computed, so nothing is taken back
SELECT pg_temp.adopt_invoice(NULL) \g /dev/null
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2025-04-21') $$, 'without a rule nothing is booked');
SELECT pg_temp.adopt_invoice('plain') \g /dev/null

-- days
SELECT is(pg_temp.try('SELECT dunning.claim_penalties(''2025-04-19'')'),
	'22023: claims of the ledger "invoice" were booked for 2025-04-20 already | Claims are booked for the same day again or for a later one; dunning.claim has those of before, by from_day and to_day.', 'a day before that of earlier claims');
SELECT is(pg_temp.try('SELECT dunning.claim_penalties(_dunning.real_day() + 1)'),
	'22023: claims cannot be booked for ' || to_char(_dunning.real_day() + 1, 'YYYY-MM-DD') || ', a day to come | Interest of a day to come is not owed yet; dunning.late_interest() tells what it will be.', 'a day to come');
SELECT matches(pg_temp.try('SELECT dunning.claim_penalties(''infinity'')'), '^22023: claims cannot be booked for infinity', 'no day');
SELECT matches(pg_temp.try('SELECT dunning.claim_penalties(''-infinity'')'), '^22023: ', 'nor the other');
SELECT matches(pg_temp.try('SELECT dunning.claim_penalties(ledger => ''nowhere'')'), '^42704: ', 'no such ledger');
SELECT is((SELECT max(as_of) FROM dunning.claim), date '2026-01-01', 'and none of these books anything');
SET dunning.today = '2025-04-30';
SELECT results_eq('SELECT kind, items, amount FROM dunning.claim_penalties(dunning.today(), ledger => ''invoice'')', $$ VALUES ('interest', 2::bigint, 5.48) $$, 'without a day: today');
SET dunning.today = '2026-12-31';

--
-- States
--
SELECT claim AS one FROM dunning.claim WHERE ledger = 'invoice' AND item = '6' AND kind = 'interest' AND booking = 1 \gset
CREATE FUNCTION pg_temp.step(claim bigint, old text, new text, reason text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('session_replication_role', 'replica', true);
	UPDATE dunning.claim AS c SET state = old WHERE c.claim = step.claim;
	PERFORM set_config('session_replication_role', 'origin', true);
	RETURN split_part(pg_temp.try(format('SELECT dunning.set_claim_state(%s, %L, %L)', claim, new, reason)), ':', 1);
END $$;
SELECT results_eq(format($$ SELECT old::text, new::text, pg_temp.step(%1$s, old::text, new::text, NULL), pg_temp.step(%1$s, old::text, new::text, 'said so')
		FROM (VALUES (1, 'accrued'), (2, 'claimed'), (3, 'paid'), (4, 'waived')) AS o (i, old), (VALUES (1, 'accrued'), (2, 'claimed'), (3, 'paid'), (4, 'waived')) AS n (i, new) ORDER BY o.i, n.i $$, :one),
	$$ VALUES ('accrued', 'accrued', 'ok', 'ok'), ('accrued', 'claimed', 'ok', 'ok'), ('accrued', 'paid', 'ok', 'ok'), ('accrued', 'waived', '22023', 'ok'),
		('claimed', 'accrued', '22023', 'ok'), ('claimed', 'claimed', 'ok', 'ok'), ('claimed', 'paid', 'ok', 'ok'), ('claimed', 'waived', '22023', 'ok'),
		('paid', 'accrued', '55000', '55000'), ('paid', 'claimed', '22023', 'ok'), ('paid', 'paid', 'ok', 'ok'), ('paid', 'waived', '55000', '55000'),
		('waived', 'accrued', '22023', 'ok'), ('waived', 'claimed', '55000', '55000'), ('waived', 'paid', '55000', '55000'), ('waived', 'waived', 'ok', 'ok') $$,
	'which state may follow which, without a reason and with one');
SET session_replication_role = replica; UPDATE dunning.claim SET state = 'accrued', state_at = NULL, state_reason = NULL WHERE claim = :one; RESET session_replication_role;
SELECT is(dunning.set_claim_state(:one, 'claimed'), true, 'a claim is claimed');
SELECT is(dunning.set_claim_state(:one, 'claimed'), false, 'once');
SELECT is(pg_temp.try(format('SELECT dunning.set_claim_state(%s, ''waived'', '' '')', :one)),
	'22023: a reason is needed to make a claim "waived" that is "claimed" | The history of an item has to say why nobody asks for what it owes, or asks again.', 'a waiver needs a reason');
SELECT is(dunning.set_claim_state(:one, 'waived', ' a good customer '), true, 'and is one with it');
SELECT results_eq(format('SELECT state::text, state_reason, state_at IS NOT NULL, amount FROM dunning.claim WHERE claim = %s', :one), $$ VALUES ('waived', 'a good customer', true, 0.27) $$, 'which is kept');
SELECT is(pg_temp.try(format('SELECT dunning.set_claim_state(%s, ''paid'')', :one)), format('55000: claim %s is waived and cannot become paid | A waiver that was taken back makes it "accrued" again.', :one), 'what is waived cannot be paid');
SELECT matches(pg_temp.try(statement), state, 'an error: ' || statement)
FROM (VALUES ('SELECT dunning.set_claim_state(0, ''paid'')', '^P0002: claim 0 does not exist'), ('SELECT dunning.set_claim_state(1, NULL)', '^22004: '), ('SELECT dunning.set_claim_state(1, ''gone'')', '^22023: a claim cannot be "gone"')) AS v (statement, state);
SELECT dunning.set_claim_state(claim, 'waived', 'said so') FROM dunning.claim WHERE ledger = 'invoice' AND item = '6' AND kind = 'compensation' AND booking = 1 \g /dev/null
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2025-04-30', 'invoice') $$, 'what is waived is not claimed again');
SELECT dunning.set_claim_state(claim, 'paid', 'said so') FROM dunning.claim WHERE ledger = 'invoice' AND item = '6' AND kind = 'interest' AND booking = 2 \g /dev/null
SELECT results_eq($$ SELECT kind, accrued, claimed, paid, waived, total, from_day, to_day, bookings FROM dunning.claim_balance WHERE ledger = 'invoice' AND item = '6' AND currency = 'EUR' ORDER BY 1 $$,
	$$ VALUES ('compensation', 0.00, 0::numeric, 0::numeric, 40.00, 40.00, date '2025-03-02', date '2025-03-02', 3::bigint), ('interest', 0, 0, 2.47, 0.27, 2.74, '2025-03-02', '2025-03-11', 2) $$, 'the balance of an item');
SELECT matches(pg_temp.try(statement), '^55000: claim \d+ cannot be changed in this way', 'refused: ' || statement)
FROM (VALUES ('UPDATE dunning.claim SET amount = 1'), ('UPDATE dunning.claim SET total = total + 0.000'), ('UPDATE dunning.claim SET item = ''999'' WHERE claim = (SELECT min(c.claim) FROM dunning.claim AS c)')) AS v (statement);

-- a correction takes back what was waived before anything is a credit
INSERT INTO public.invoice VALUES (20, 9, '2025-02-01', '2025-03-01', 1000, 'EUR', NULL), (21, 9, '2025-02-01', '2025-03-01', 1000, 'EUR', NULL),
	(22, 9, '2025-02-01', '2025-03-01', 1000, 'EUR', NULL), (23, 9, '2025-02-01', '2025-03-01', 1000, 'EUR', NULL);
SELECT dunning.claim_penalties('2025-04-30', 'invoice') \g /dev/null
SELECT dunning.set_claim_state(claim, 'waived', 'said so') FROM dunning.claim WHERE ledger = 'invoice' AND item IN ('20', '21', '23') \g /dev/null
SELECT dunning.set_claim_state(claim, 'paid', 'said so') FROM dunning.claim WHERE ledger = 'invoice' AND item = '22' \g /dev/null
SET dunning.today = '2025-05-10';
SELECT dunning.claim_penalties('2025-05-10', 'invoice') \g /dev/null
SET dunning.today = '2026-12-31';
SELECT pg_temp.last_claim() AS before \gset
-- at 10 % on 1,000 16.44 to the end of April and 2.74 since
UPDATE public.invoice SET due_on = '2025-04-01' WHERE id = 20;
UPDATE public.invoice SET due_on = '2025-06-01' WHERE id IN (21, 22);
UPDATE public.invoice SET currency = 'CHF' WHERE id = 23;
SELECT dunning.claim_penalties('2025-05-10', 'invoice') \g /dev/null
SELECT results_eq(format($$ SELECT item::text, kind, amount, total, currency, state::text, state_reason, booking FROM dunning.claim WHERE claim > %s AND ledger = 'invoice' ORDER BY item, kind, booking $$, :before),
	$$ VALUES ('20', 'interest', -8.50, 10.68, 'EUR', 'waived', 'takes back what was waived', 3),
		('21', 'compensation', -40.00, 0.00, 'EUR', 'waived', 'takes back what was waived', 2),
		('21', 'interest', -16.44, 2.74, 'EUR', 'waived', 'takes back what was waived', 3), ('21', 'interest', -2.74, 0.00, 'EUR', 'accrued', NULL, 4),
		('22', 'compensation', -40.00, 0.00, 'EUR', 'accrued', NULL, 2), ('22', 'interest', -19.18, 0.00, 'EUR', 'accrued', NULL, 3),
		('23', 'interest', -16.44, 2.74, 'EUR', 'waived', 'takes back what was waived', 3), ('23', 'interest', -2.74, 0, 'EUR', 'accrued', NULL, 4), ('23', 'interest', 19.18, 19.18, 'CHF', 'accrued', NULL, 5) $$,
	'a correction takes back what was waived, then the rest; what was paid is a credit');
SELECT results_eq($$ SELECT item::text, kind, accrued, paid, waived FROM dunning.claim_balance WHERE ledger = 'invoice' AND item IN ('20', '21', '22') ORDER BY item, kind $$,
	$$ VALUES ('20', 'compensation', 0.00, 0.00, 40.00), ('20', 'interest', 2.74, 0, 7.94), ('21', 'compensation', 0, 0, 0), ('21', 'interest', 0, 0, 0), ('22', 'compensation', -40.00, 40.00, 0), ('22', 'interest', -16.44, 16.44, 0) $$, 'and offsets nothing else');
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2025-05-10', 'invoice') $$, 'once');
DELETE FROM public.invoice WHERE id BETWEEN 20 AND 23;

--
-- What cannot be computed is set aside, and nothing else
--
SELECT pg_temp.last_claim() AS before \gset
INSERT INTO public.invoice VALUES (10, 9, '2024-10-01', '2024-11-01', 1000, 'EUR', NULL), (11, 9, '2026-05-01', '2026-06-01', 1000, 'EUR', NULL), (12, 9, '2025-05-01', NULL, 1000, 'EUR', NULL),
	(13, 9, '2026-05-01', '2026-06-01', 1000, 'EUR', NULL), (14, 9, '2025-05-01', NULL, 1000, 'EUR', NULL), (15, 9, '2026-05-01', '2026-08-01', 1000, 'EUR', NULL);
INSERT INTO public.payment VALUES (13, '2026-06-20', 1000), (14, '2025-05-02', 1000);
SELECT pg_temp.adopt_invoice('house') \g /dev/null
SET client_min_messages = error;
SELECT dunning.claim_penalties('2026-07-01', 'invoice') \g /dev/null
SELECT is((SELECT array_agg(item::text || CASE WHEN message LIKE '%house%2026%' THEN ' end' WHEN message LIKE '%house%2024%' THEN ' start' WHEN message = 'the due date is missing' THEN ' no due date' ELSE message END ORDER BY item::text::integer)
	FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)), ARRAY['1 end', '2 end', '5 end', '10 start', '11 end', '12 no due date'], 'items without a rate or a due date are set aside, and why');
SELECT is(pg_temp.booked('invoice', '13', :before), ARRAY['compensation 06-02 06-02 40.00 first claim', 'interest 06-02 06-20 5.21 first claim'], 'the others are booked: one that was paid before the gap');
SELECT is((SELECT concat_ws(' ', kind, as_of, ledger, raised, booked, problems, finished_at IS NOT NULL) FROM dunning.run_log ORDER BY run DESC LIMIT 1),
	concat_ws(' ', 'claims 2026-07-01 invoice 0', (SELECT count(*) FROM dunning.claim WHERE claim > :before), '6 t'), 'as the log says');
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('house', '2026-07-01', 10);
SELECT dunning.claim_penalties('2026-07-01', 'invoice') \g /dev/null
SELECT is(pg_temp.booked('invoice', '11', :before), ARRAY['compensation 06-02 06-02 40.00 first claim', 'interest 06-02 07-01 8.22 first claim'], 'the rate is there: claimed');
SELECT is((SELECT array_agg(item::text ORDER BY item) FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)), ARRAY['10', '12'], 'two are left');
SET client_min_messages = warning;
SELECT dunning.release_ledger('invoice') \g /dev/null

-- an item that raises an error is found and set aside alone
CREATE TABLE public.solde (id integer PRIMARY KEY, client_id integer, due_on date, open_amount numeric, currency text);
INSERT INTO public.solde VALUES (1, 1, '2025-03-01', 1000, 'EUR'), (2, 1, '2025-03-01', 1000, 'EUR'), (3, 1, '2025-03-01', 1000, 'EUR'), (4, 1, '2025-03-01', 'NaN', 'EUR'), (5, 1, '2025-03-01', NULL, 'EUR'), (6, 1, 'infinity', 7, 'EUR');
CREATE VIEW public.divided AS SELECT id, client_id, due_on, open_amount * (100 / (id - 2) ^ 2) AS open_amount, currency FROM public.solde;
CREATE FUNCTION pg_temp.adopt_open(relation regclass) RETURNS void LANGUAGE sql AS $$
	SELECT dunning.adopt(relation, rule => 'plain', columns => '{"key": "id", "customer": "client_id", "due_on": "due_on", "open_amount": "open_amount", "currency": "currency"}') $$;
UPDATE public.solde SET id = 7 WHERE id = 2;
SELECT pg_temp.adopt_open('public.divided') \g /dev/null
UPDATE public.solde SET id = 2 WHERE id = 7;
SET client_min_messages = error;
SELECT dunning.claim_penalties('2025-03-11', 'divided') \g /dev/null
SELECT results_eq('SELECT item::text, sqlstate, message FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log) ORDER BY item',
	$$ VALUES ('2', '22012', 'division by zero'), ('4', NULL, 'the open amount is not a number'), ('5', NULL, 'the open amount is missing') $$, 'an item that raises an error, or has no amount');
SELECT is((SELECT array_agg(DISTINCT item::text) FROM dunning.claim WHERE ledger = 'divided'), ARRAY['1', '3'], 'the others are claimed');
SET client_min_messages = warning;
SELECT dunning.release_ledger('divided') \g /dev/null
DELETE FROM public.solde WHERE id > 1;

-- of many the ones that raise an error are found by halving
CREATE TABLE public.bill (id integer PRIMARY KEY, client_id integer, due_on date, amount numeric, currency text);
CREATE TABLE public.bill_payment (bill_id integer, paid_on date, amount numeric);
INSERT INTO public.bill SELECT k, k % 10, '2025-03-01', 1000, 'EUR' FROM generate_series(1, 200) AS k;
CREATE VIEW public.bill_due AS SELECT id, client_id, due_on, amount / (CASE WHEN id IN (77, 78, 150) AND due_on > '2025-03-01' THEN 0 ELSE 1 END) AS amount, currency FROM public.bill;
SELECT dunning.adopt('public.bill_due', rule => 'plain', columns => '{"key": "id", "customer": "client_id", "due_on": "due_on", "amount": "amount", "currency": "currency",
	"payments": {"table": "bill_payment", "item": "bill_id", "date": "paid_on", "amount": "amount"}}') \g /dev/null
UPDATE public.bill SET due_on = '2025-03-02' WHERE id IN (77, 78, 150);
SET client_min_messages = error;
BEGIN;
SET LOCAL track_functions = 'pl';
SELECT results_eq($$ SELECT kind, items, amount FROM dunning.claim_penalties('2025-03-11', 'bill_due') $$, $$ VALUES ('interest', 197::bigint, 539.78), ('compensation', 197, 7880.00) $$, 'all but three are claimed');
SELECT cmp_ok((SELECT calls FROM pg_stat_xact_user_functions WHERE schemaname = '_dunning' AND funcname = 'claim_book'), '<', 50::bigint, 'with far fewer queries than items');
COMMIT;
SELECT results_eq('SELECT item::text, sqlstate FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log) ORDER BY item', $$ VALUES ('150', '22012'), ('77', '22012'), ('78', '22012') $$, 'and these are set aside');
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2025-03-11', 'bill_due') $$, 'nor is anything booked twice');
UPDATE public.bill SET due_on = '2025-03-01';
SELECT results_eq($$ SELECT kind, items, amount FROM dunning.claim_penalties('2025-03-11', 'bill_due') $$, $$ VALUES ('interest', 3::bigint, 8.22), ('compensation', 3, 120.00) $$, 'until they are right');
SELECT dunning.release_ledger('bill_due') \g /dev/null

-- a key that occurs twice: one claims would be those of the other
CREATE TABLE public.yearly (id integer, year integer, client_id integer, due_on date, amount numeric, currency text, PRIMARY KEY (id, year)) PARTITION BY LIST (year);
CREATE TABLE public.yearly_2025 PARTITION OF public.yearly FOR VALUES IN (2025);
CREATE TABLE public.yearly_2026 PARTITION OF public.yearly FOR VALUES IN (2026);
INSERT INTO public.yearly VALUES (1, 2025, 1, '2025-03-01', 1000, 'EUR'), (4, 2026, 1, '2025-03-01', 3000, 'EUR'), (2, 2025, 1, '2025-03-01', 1000, 'EUR'), (3, 2026, 2, '2025-03-01', 1000, 'EUR');
CREATE VIEW public.of_years AS SELECT * FROM public.yearly;
CREATE TABLE public.parent (id integer PRIMARY KEY, client_id integer, due_on date, amount numeric, currency text);
CREATE TABLE public.child () INHERITS (public.parent);
INSERT INTO public.parent SELECT id, client_id, due_on, amount, currency FROM public.yearly WHERE id < 3 AND year = 2025;
INSERT INTO public.child SELECT id, client_id, due_on, amount, currency FROM public.yearly WHERE year = 2026;
SELECT dunning.adopt(relation, rule => 'plain', columns => '{"key": "id", "customer": "client_id", "due_on": "due_on", "amount": "amount", "currency": "currency",
	"payments": {"table": "bill_payment", "item": "bill_id", "date": "paid_on", "amount": "amount"}}') FROM unnest(ARRAY['public.yearly', 'public.of_years', 'public.parent']::regclass[]) AS relation \g /dev/null
UPDATE public.yearly SET id = 1 WHERE id = 4;
UPDATE public.child SET id = 1 WHERE id = 4;
SELECT results_eq(format($$ SELECT kind, items, amount FROM dunning.claim_penalties('2025-03-11', %L) $$, name), $$ VALUES ('interest', 2::bigint, 5.48), ('compensation', 2, 80.00) $$, 'a key that occurs twice is not claimed: ' || name)
FROM unnest(ARRAY['yearly', 'of_years', 'parent']) AS name;
SELECT is((SELECT array_agg(ledger || ' ' || item::text || ' ' || message ORDER BY ledger) FROM dunning.run_problem WHERE run > (SELECT max(run) - 3 FROM dunning.run_log)),
	ARRAY['of_years 1 several rows of the ledger have this key', 'parent 1 several rows of the ledger have this key', 'yearly 1 several rows of the ledger have this key'], 'but set aside');
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2025-03-11') $$, 'in all ledgers, as often as claims are booked');
UPDATE public.yearly SET id = 4 WHERE id = 1 AND year = 2026;
UPDATE public.child SET id = 4 WHERE id = 1;
SELECT results_eq($$ SELECT kind, sum(items), sum(amount) FROM dunning.claim_penalties('2025-03-11') GROUP BY kind $$, $$ VALUES ('interest', 6::numeric, 32.88), ('compensation', 6, 240.00) $$, 'until each has a key of its own');
UPDATE public.yearly SET id = 1 WHERE id = 4;
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2025-03-12') WHERE ledger <> 'parent' AND items > 3 $$, 'nor are claims of before taken back');
SELECT is((SELECT count(*) FROM dunning.claim WHERE ledger = 'yearly' AND item = '1' AND as_of = '2025-03-12'), 0::bigint, 'when a key occurs again');
SELECT count(dunning.release_ledger(name)) FROM unnest(ARRAY['yearly', 'of_years', 'parent']::name[]) AS name \g /dev/null
SET client_min_messages = warning;

--
-- Without dated payments: the claims remember what was open
--
SELECT pg_temp.adopt_open('public.solde') \g /dev/null
SELECT pg_temp.last_claim() AS before \gset
SELECT dunning.claim_penalties('2025-03-11', 'solde') \g /dev/null
UPDATE public.solde SET open_amount = 400;
SELECT dunning.claim_penalties('2025-03-21', 'solde') \g /dev/null
UPDATE public.solde SET open_amount = 0;
SELECT dunning.claim_penalties('2025-03-31', 'solde') \g /dev/null
-- 10 days on 1,000, then 10 on 400, then nothing: 2.7397 and 1.0959
SELECT is(pg_temp.booked('solde', '1', :before), ARRAY['compensation 03-02 03-02 40.00 first claim', 'interest 03-02 03-11 2.74 first claim', 'interest 03-12 03-21 1.10 accrued'],
	'a change counts from the day after the claim before it was seen, and what was earned is not lost');
SELECT is((SELECT basis::text FROM dunning.claim WHERE ledger = 'solde' ORDER BY claim DESC LIMIT 1), '{2025-03-01: 1000, 2025-03-11: -600}', 'as the claim remembers');
UPDATE dunning.rule SET rule = '20%; compensation 40.00 EUR' WHERE name = 'plain';
SELECT dunning.claim_penalties('2025-04-10', 'solde') \g /dev/null
SELECT is((pg_temp.booked('solde', '1', :before))[4:], ARRAY['interest 03-02 03-21 3.83 rates or terms corrected'], 'another rate is computed on what is remembered');
SELECT is((SELECT basis::text FROM dunning.claim WHERE ledger = 'solde' ORDER BY claim DESC LIMIT 1), '{2025-03-01: 1000, 2025-03-11: -600, 2025-03-21: -400}', 'and the change is remembered with it');
UPDATE public.solde SET due_on = '2025-02-19';
SELECT dunning.claim_penalties('2025-04-10', 'solde') \g /dev/null
SELECT is((pg_temp.booked('solde', '1', :before))[5:], ARRAY['interest 02-20 03-21 5.48 due date corrected'], 'an earlier due date: the debt was there by then');
UPDATE public.solde SET open_amount = 500;
SELECT dunning.claim_penalties('2025-04-20', 'solde') \g /dev/null
SELECT is((pg_temp.booked('solde', '1', :before))[6:], ARRAY['interest 03-22 04-20 2.74 accrued'], 'opened again: from the day after the last claim');
UPDATE dunning.rule SET rule = '10%; compensation 40.00 EUR' WHERE name = 'plain';

-- a rule without interest remembers by its compensation
INSERT INTO public.solde VALUES (2, 1, '2025-03-01', 900, 'GBP');
UPDATE dunning.rule SET rule = '0%; compensation 70.00 GBP' WHERE name = 'plain';
SELECT dunning.claim_penalties('2025-05-01', 'solde') \g /dev/null
SELECT pg_temp.last_claim() AS before \gset
UPDATE public.solde SET open_amount = 0;
SELECT dunning.claim_penalties('2025-05-02', 'solde') \g /dev/null
SELECT is(pg_temp.booked('solde', '2', :before), '{}', 'a compensation stays when the principal is paid');
UPDATE dunning.rule SET rule = '10%; compensation 40.00 EUR' WHERE name = 'plain';
SELECT dunning.release_ledger('solde') \g /dev/null

-- day for day the same as with dated payments, where every change is seen in the evening
CREATE TABLE public.evening (id integer PRIMARY KEY, client_id integer, due_on date, open_amount numeric, currency text);
TRUNCATE public.facture, public.paiement, day_by_day;
INSERT INTO public.facture SELECT k, k, '2025-01-01', date '2025-02-01' + k, 500 + 10 * k, 'EUR' FROM generate_series(1, 30) AS k;
INSERT INTO public.paiement SELECT k, date '2025-02-10' + (random() * 80)::integer, 100 FROM generate_series(1, 20) AS k CROSS JOIN generate_series(1, 3);
INSERT INTO public.paiement SELECT k, date '2025-05-15', 200 + 10 * k FROM generate_series(1, 10) AS k;
INSERT INTO public.evening SELECT id, client_id, due_on, amount, currency FROM public.facture;
CREATE VIEW public.evening_twice AS SELECT * FROM public.evening;
CREATE VIEW public.evening_once AS SELECT * FROM public.evening;
UPDATE dunning.rule SET series = 'house', clauses = 'compensation 40.00 EUR' WHERE name = 'plain';
SELECT count(pg_temp.adopt_open(name)) FROM unnest(ARRAY['public.evening', 'public.evening_twice', 'public.evening_once']::regclass[]) AS name \g /dev/null
UPDATE dunning.reference_rate SET rate = 12 WHERE series = 'house' AND effective_on = '2025-01-01';
DO $$
BEGIN
	FOR day IN 0 .. 110 LOOP
		PERFORM dunning.claim_penalties(date '2025-02-01' + day, 'evening');
		PERFORM dunning.claim_penalties(date '2025-02-01' + day, 'evening_twice');
		PERFORM dunning.claim_penalties(date '2025-02-01' + day, 'evening_twice');
		UPDATE public.evening AS e SET open_amount = e.open_amount - p.paid
		FROM (SELECT invoice_id, sum(amount) AS paid FROM public.paiement WHERE paid_on = date '2025-02-01' + day GROUP BY 1) AS p WHERE p.invoice_id = e.id;
	END LOOP;
END $$;
UPDATE dunning.reference_rate SET rate = 11.15 WHERE series = 'house' AND effective_on = '2025-01-01';
SELECT dunning.claim_penalties('2025-05-23') \g /dev/null
INSERT INTO day_by_day SELECT * FROM pg_temp.expected('2025-05-23');
SELECT is_empty($$ SELECT pg_temp.amiss('evening') $$, 'without dated payments, claimed every day, and the rate corrected');
SELECT is_empty($$ SELECT pg_temp.amiss('evening_twice') $$, 'twice a day the same');
SELECT is((SELECT array_agg(split_part(m, ' ', 1) ORDER BY split_part(m, ' ', 1)::integer) FROM pg_temp.amiss('evening_once') AS m), (SELECT array_agg(k::text ORDER BY k) FROM generate_series(1, 20) AS k),
	'once at the end the same for what did not change, and for nothing else');
SELECT count(dunning.release_ledger(name)) FROM unnest(ARRAY['evening', 'evening_twice', 'evening_once']::name[]) AS name \g /dev/null

--
-- Fees of reminders
--
INSERT INTO dunning.procedure (name, procedure) VALUES ('with fees', '5 letter fee 5.00 EUR; 10 letter fee 10.00 EUR');
CREATE TABLE public.reminded (id integer PRIMARY KEY, client_id integer, due_on date, open_amount numeric, currency text);
INSERT INTO public.reminded VALUES (1, 3, '2025-03-01', 100, 'EUR'), (2, 3, '2025-03-01', 100, 'EUR');
SELECT dunning.adopt('public.reminded', procedure => 'with fees', rule => NULL, columns => '{"key": "id", "customer": "client_id", "due_on": "due_on", "open_amount": "open_amount"}') \g /dev/null
SELECT dunning.run_reminders('2025-03-06', 'reminded') \g /dev/null
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2025-03-06', 'reminded') $$, 'a pending reminder costs nothing');
SELECT min(reminder) AS first, max(reminder) AS second FROM dunning.reminder WHERE ledger = 'reminded' \gset
SELECT dunning.mark_reminder_sent(:first, '2025-03-07'), dunning.mark_reminder_sent(:second, '2025-03-09') \g /dev/null
SELECT results_eq($$ SELECT kind, items, amount, currency FROM dunning.claim_penalties('2025-03-08', 'reminded') $$, $$ VALUES ('fee', 1::bigint, 5.00, 'EUR') $$, 'one that is sent costs its fee, from that day on');
SELECT results_eq($$ SELECT kind, items, amount, currency FROM dunning.claim_penalties('2025-03-09', 'reminded') $$, $$ VALUES ('fee', 1::bigint, 5.00, 'EUR') $$, 'each');
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2025-03-09', 'reminded') $$, 'once');
SELECT dunning.cancel_reminder(:first, 'sent to the wrong address') \g /dev/null
DELETE FROM public.reminded;
SELECT results_eq($$ SELECT kind, items, amount FROM dunning.claim_penalties('2025-03-10', 'reminded') $$, $$ VALUES ('fee', 1::bigint, -5.00) $$, 'not if it is cancelled after all, whatever became of the item');
SELECT results_eq($$ SELECT item::text, reminder, booking, from_day, amount, total, reason, customer::text FROM dunning.claim WHERE ledger = 'reminded' ORDER BY claim $$,
	format($$ VALUES ('1', %1$s::bigint, 1, date '2025-03-07', 5.00, 5.00, 'reminder sent', '3'), ('2', %2$s, 1, '2025-03-09', 5.00, 5.00, 'reminder sent', '3'), ('1', %1$s, 2, '2025-03-07', -5.00, 0, 'reminder cancelled', '3') $$, :first, :second), 'the bookings');

SELECT dunning.set_claim_state(claim, 'waived', 'a good customer') FROM dunning.claim WHERE ledger = 'reminded' AND item = '2' \g /dev/null
SELECT dunning.cancel_reminder(:second, 'sent to the wrong address') \g /dev/null
SELECT dunning.claim_penalties('2025-03-10', 'reminded') \g /dev/null
SELECT results_eq($$ SELECT item::text, amount, total, state::text FROM dunning.claim WHERE ledger = 'reminded' AND amount < 0 ORDER BY claim $$,
	$$ VALUES ('1', -5.00, 0::numeric, 'accrued'), ('2', -5.00, 0, 'waived') $$, 'a fee that was waived is no credit when its reminder is cancelled');

--
-- Parts: interest each, one compensation for all
--
CREATE TABLE public.split (id integer PRIMARY KEY, client_id integer, issued_on date, terms text, amount numeric, currency text);
CREATE TABLE public.split_payment (invoice_id integer, paid_on date, amount numeric);
INSERT INTO public.split VALUES (1, 5, '2025-01-01', '50% net 30; 50% net 60', 2000, 'EUR'), (2, 5, '2025-01-01', '50% net 30; 50% net 60', 2000, 'EUR');
INSERT INTO public.split_payment VALUES (2, '2025-01-31', 1000);
UPDATE dunning.rule SET series = NULL, clauses = '', rule = '10%; compensation 40.00 EUR' WHERE name = 'plain';
SELECT dunning.adopt('public.split', rule => 'plain', columns => '{"key": "id", "customer": "client_id", "due_on": null, "issued_on": "issued_on", "terms": "terms", "amount": "amount", "currency": "currency",
	"payments": {"table": "split_payment", "item": "invoice_id", "date": "paid_on", "amount": "amount"}}') \g /dev/null
SELECT array_agg(due_on ORDER BY part) AS due FROM dunning.ledger_items('2025-03-31') WHERE ledger = 'split' AND item = '1' \gset
SELECT is(:'due'::text, '{2025-01-31,2025-03-02}', 'two parts');
DO $$
BEGIN
	FOR day IN 0 .. 89 LOOP
		PERFORM dunning.claim_penalties(date '2025-01-01' + day, 'split');
	END LOOP;
END $$;
-- 59 and 29 days on 1,000 at 10 %
SELECT results_eq($$ SELECT item::text, kind, part, sum(amount), max(booking), count(*) FROM dunning.claim WHERE ledger = 'split' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 $$,
	$$ VALUES ('1', 'compensation', 1, 40.00, 1, 1::bigint), ('1', 'interest', 1, 16.16, 87, 59), ('1', 'interest', 2, 7.95, 88, 29), ('2', 'compensation', 2, 40.00, 1, 1), ('2', 'interest', 2, 7.95, 29, 29) $$, 'interest each, and one compensation');
SELECT pg_temp.last_claim() AS before \gset
INSERT INTO public.split_payment VALUES (1, '2025-01-30', 1000);
SELECT dunning.claim_penalties('2025-03-31', 'split') \g /dev/null
SELECT results_eq(format($$ SELECT kind, part, amount, total, from_day FROM dunning.claim WHERE ledger = 'split' AND claim > %s ORDER BY claim $$, :before),
	$$ VALUES ('interest', 1, -16.16, 0.00, date '2025-02-01') $$, 'the first part was paid in time: its interest is taken back, and the second was late as well');
INSERT INTO public.split_payment VALUES (1, '2025-03-01', 1000);
SELECT pg_temp.last_claim() AS before \gset
SELECT dunning.claim_penalties('2025-03-31', 'split') \g /dev/null
SELECT results_eq(format($$ SELECT kind, part, amount, total FROM dunning.claim WHERE ledger = 'split' AND claim > %s ORDER BY claim $$, :before),
	$$ VALUES ('compensation', 1, -40.00, 0.00), ('interest', 2, -7.95, 0.00) $$, 'the second too: nothing is owed');
UPDATE public.split SET terms = 'no such terms' WHERE id = 2;
SET client_min_messages = error;
SELECT pg_temp.last_claim() AS before \gset
SELECT dunning.claim_penalties('2025-03-31', 'split') \g /dev/null
SELECT is((SELECT array_agg(item::text || ' ' || message) FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)), ARRAY['2 the due date is missing'], 'terms that say nothing');
SELECT is(pg_temp.last_claim(), :before::bigint, 'take nothing back');
SET client_min_messages = warning;

--
-- Who may
--
DROP ROLE IF EXISTS dunning_claims_nobody, dunning_claims_runner;
CREATE ROLE dunning_claims_nobody;
CREATE ROLE dunning_claims_runner;
GRANT SELECT ON ALL TABLES IN SCHEMA dunning TO dunning_claims_runner;
GRANT INSERT, UPDATE ON dunning.claim, dunning.run_log, dunning.run_problem TO dunning_claims_runner;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA dunning, _dunning TO dunning_claims_runner;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA dunning TO dunning_claims_runner;
CREATE TABLE public.guarded (id integer PRIMARY KEY, client_id integer, due_on date, open_amount numeric, currency text);
INSERT INTO public.guarded SELECT k, k, '2025-03-01', 1000, 'EUR' FROM generate_series(1, 3) AS k;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO dunning_claims_runner;
SELECT pg_temp.adopt_open('public.guarded') \g /dev/null
SET ROLE dunning_claims_nobody;
SELECT matches(pg_temp.try(statement), '^42501: ', 'not for everybody: ' || statement)
FROM (VALUES ('SELECT dunning.claim_penalties()'), ('SELECT dunning.set_claim_state(1, ''paid'')'), ('SELECT count(*) FROM dunning.claim'), ('SELECT count(*) FROM dunning.claim_balance')) AS v (statement);
SET ROLE dunning_claims_runner;
SELECT results_eq($$ SELECT kind, items, amount FROM dunning.claim_penalties('2025-03-11', 'guarded') $$, $$ VALUES ('interest', 3::bigint, 8.22), ('compensation', 3, 120.00) $$, 'who is granted the tables and routines may claim');
RESET ROLE;
ALTER TABLE public.guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY first ON public.guarded TO dunning_claims_runner USING (id = 1);
SET ROLE dunning_claims_runner;
SET client_min_messages = error;
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2025-03-12', 'guarded') $$, 'behind row-level security nothing is booked');
RESET ROLE;
SELECT is((SELECT array_agg(ledger || item::text || ': ' || message) FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)), ARRAY['guarded: row-level security on public.guarded hides rows from role "dunning_claims_runner", as which it is read'], 'and the run says why');
SET client_min_messages = warning;
SELECT results_eq($$ SELECT kind, items, amount FROM dunning.claim_penalties('2025-03-12', 'guarded') $$, $$ VALUES ('interest', 3::bigint, 0.81) $$, 'the owner sees all');
ALTER TABLE public.guarded DISABLE ROW LEVEL SECURITY;
-- one ledger that cannot be read: an amount asks a table that the runner may not
CREATE TABLE public.secret (amount numeric);
INSERT INTO public.secret VALUES (1000);
CREATE FUNCTION public.secret_amount() RETURNS numeric LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT s.amount FROM public.secret AS s); END';
CREATE VIEW public.denied AS SELECT id, client_id, due_on, public.secret_amount() AS open_amount, currency FROM public.guarded;
GRANT SELECT ON public.denied TO dunning_claims_runner;
SELECT pg_temp.adopt_open('public.denied') \g /dev/null
SET ROLE dunning_claims_runner;
SET client_min_messages = error;
SELECT results_eq($$ SELECT ledger, kind, items, amount FROM dunning.claim_penalties('2025-04-01') WHERE ledger IN ('guarded', 'denied') $$, $$ VALUES ('guarded'::name, 'interest', 3::bigint, 16.44) $$, 'a ledger that may not be read does not stop the others');
SELECT results_eq('SELECT ledger, item::text, sqlstate, message FROM dunning.run_problem WHERE ledger IN (''guarded'', ''denied'') AND run = (SELECT max(run) FROM dunning.run_log)',
	$$ VALUES ('denied'::name, '', '42501', 'permission denied for table secret') $$, 'but is set aside');
SELECT is(pg_temp.try('SELECT dunning.claim_penalties(''2025-04-01'', ''denied'')'),
	'42501: permission denied for table secret | The role that claims needs SELECT on the tables of the ledger.', 'the one that was asked for raises the error');
RESET ROLE;
REVOKE SELECT ON public.denied FROM dunning_claims_runner;
SET ROLE dunning_claims_runner;
SELECT is(pg_temp.try('SELECT dunning.claim_penalties(''2025-04-02'', ''denied'')'),
	'42501: permission denied for view denied | The role that claims needs SELECT on the tables of the ledger.', 'so does one whose table is not granted');
SELECT results_eq($$ SELECT DISTINCT ledger FROM dunning.claim_penalties('2025-04-02') WHERE ledger IN ('guarded', 'denied') $$, $$ VALUES ('guarded'::name) $$, 'the other one is read all the same');
SELECT is((SELECT array_agg(DISTINCT message) FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log) AND ledger IN ('denied', 'guarded')), ARRAY['permission denied for view denied'], 'and only this one is set aside');
RESET ROLE;
SET client_min_messages = warning;
DROP OWNED BY dunning_claims_runner, dunning_claims_nobody;
DROP ROLE dunning_claims_runner, dunning_claims_nobody;

--
-- Payments that come back, and interest that outlives the principal
--
INSERT INTO dunning.rule (name, rule) VALUES ('tenth', '10%; compensation 40.00 EUR'), ('tenth compounded', '10%; compounded yearly');
CREATE TABLE public.draft (id integer PRIMARY KEY, client_id integer, issued_on date, due_on date, amount numeric, currency text);
CREATE TABLE public.draft_payment (draft_id integer, paid_on date, amount numeric);
INSERT INTO public.draft SELECT k, 1, '2026-02-01', '2026-03-01', 1000, 'EUR' FROM generate_series(1, 4) AS k;
INSERT INTO public.draft_payment VALUES (1, '2026-02-15', 1000), (2, '2026-03-11', 1000), (3, '2026-03-11', 500), (4, '2026-03-11', 500);
CREATE VIEW public.long_draft AS SELECT 5 AS id, 1 AS client_id, date '2025-01-01' AS issued_on, date '2025-01-31' AS due_on, 1000.00 AS amount, 'EUR' AS currency;
INSERT INTO public.draft_payment VALUES (5, '2026-03-02', 1000);
SELECT dunning.adopt(relation, rule => rule, columns => '{"key": "id", "customer": "client_id", "due_on": "due_on", "issued_on": "issued_on", "amount": "amount", "currency": "currency",
	"payments": {"table": "draft_payment", "item": "draft_id", "date": "paid_on", "amount": "amount"}}')
FROM (VALUES ('public.draft'::regclass, 'tenth'), ('public.long_draft', 'tenth compounded')) AS v (relation, rule) \g /dev/null
SELECT dunning.claim_penalties('2026-03-31', 'draft') \g /dev/null
-- 2.74 for 10 days on 1,000, the same for 20 days on 500
SELECT is(array_agg(pg_temp.booked('draft', k::text)::text ORDER BY k), ARRAY['{}', '{"compensation 03-02 03-02 40.00 first claim","interest 03-02 03-11 2.74 first claim"}',
	'{"compensation 03-02 03-02 40.00 first claim","interest 03-02 03-31 5.48 first claim"}', '{"compensation 03-02 03-02 40.00 first claim","interest 03-02 03-31 5.48 first claim"}'], 'payments that stand')
FROM generate_series(1, 4) AS k;
SELECT pg_temp.last_claim() AS before \gset
-- all but the last come back; to 10 April it is 10.96 on 1,000
INSERT INTO public.draft_payment VALUES (1, '2026-04-05', -1000), (2, '2026-04-05', -1000), (3, '2026-04-05', -500);
SELECT dunning.claim_penalties('2026-04-10', 'draft') \g /dev/null
SELECT is(pg_temp.booked('draft', '1', :before), ARRAY['compensation 03-02 03-02 40.00 first claim', 'interest 03-02 04-10 10.96 first claim'], 'a payment in time that came back');
SELECT is(pg_temp.booked('draft', '2', :before), ARRAY['interest 03-12 04-10 8.22 accrued'], 'a late one that came back: the days since it');
SELECT is(pg_temp.booked('draft', '3', :before), ARRAY['interest 03-02 03-31 2.74 amount or payments corrected', 'interest 04-01 04-10 2.74 accrued'], 'a part that came back');
SELECT is(pg_temp.booked('draft', '4', :before), ARRAY['interest 04-01 04-10 1.37 accrued'], 'one that did not');
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2026-04-10', 'draft') $$, 'nothing is booked twice');
-- settled, although a return in between makes the balances look settled before
INSERT INTO public.draft_payment VALUES (4, '2026-04-11', 500), (4, '2026-05-11', 500.50), (4, '2026-05-20', -500), (4, '2026-05-21', 500);
SELECT pg_temp.last_claim() AS before \gset
SELECT dunning.claim_penalties('2026-06-30', 'draft') \g /dev/null
-- 500 of 11 March, 500.50 of 11 May, those of 11 April came back: 500 for 31 days more, 11.10 in all less 6.85
SELECT is(pg_temp.booked('draft', '4', :before), ARRAY['interest 04-11 05-11 4.25 accrued'], 'up to the day on which what stands has settled it');
-- 100.00 in the first year, 9.04 for 30 days on 1,100, 1.07 for 39 days on the 100 that were added, 0.82 for 30 more
SELECT dunning.claim_penalties('2026-04-10', 'long_draft') \g /dev/null
SELECT dunning.claim_penalties('2026-05-10', 'long_draft') \g /dev/null
SELECT is(pg_temp.booked('long_draft', '5'), ARRAY['interest 02-01 04-10 110.11 first claim', 'interest 04-11 05-10 0.82 accrued'], 'interest that was added bears interest when the principal is paid');
-- the one that paid it is found in the payments, too
INSERT INTO public.draft_payment VALUES (5, '2026-05-10', 110.93);
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2026-06-30', 'long_draft') $$, 'until it is paid');
-- nor is a rate needed when nothing is left that bears interest
INSERT INTO dunning.rule (name, rule) VALUES ('short', 's {2026-01-01: 10} until 2026-03-31; compounded yearly');
CREATE VIEW public.short_draft AS SELECT id + 5 AS id, client_id, issued_on, due_on, amount, currency FROM public.draft WHERE id < 3;
INSERT INTO public.draft_payment VALUES (6, '2026-03-11', 1000);
SELECT dunning.adopt('public.short_draft', rule => 'short', columns => '{"key": "id", "customer": "client_id", "due_on": "due_on", "issued_on": "issued_on", "amount": "amount", "currency": "currency",
	"payments": {"table": "draft_payment", "item": "draft_id", "date": "paid_on", "amount": "amount"}}') \g /dev/null
SET client_min_messages = error;
SELECT dunning.claim_penalties('2026-06-30', 'short_draft') \g /dev/null
SET client_min_messages = warning;
SELECT is((SELECT array_agg(item::text || ' ' || message) FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log)), ARRAY['7 no rate of series "s" for 2026-04-01'], 'what is open needs one');
SELECT is(pg_temp.booked('short_draft', '6'), ARRAY['interest 03-02 06-30 2.74 first claim'], 'what is settled does not');
SELECT count(dunning.release_ledger(name)) FROM unnest(ARRAY['draft', 'long_draft', 'short_draft']::name[]) AS name \g /dev/null
--
-- The first day of claims
--
CREATE TABLE public.old_bill (id integer PRIMARY KEY, client_id integer, issued_on date, due_on date, amount numeric, currency text);
CREATE TABLE public.old_payment (bill_id integer, paid_on date, amount numeric);
-- settled late in the year before, on the first day, and never
INSERT INTO public.old_bill SELECT k, 1, '2025-02-01', '2025-03-01', 1000, 'EUR' FROM generate_series(1, 3) AS k;
INSERT INTO public.old_payment VALUES (1, '2025-12-31', 1000), (2, '2026-01-01', 1000);
SELECT dunning.adopt('public.old_bill', rule => 'tenth', columns => '{"key": "id", "customer": "client_id", "due_on": "due_on", "issued_on": "issued_on", "amount": "amount", "currency": "currency",
	"payments": {"table": "old_payment", "item": "bill_id", "date": "paid_on", "amount": "amount"}}') \g /dev/null
SELECT results_eq($$ SELECT kind, items FROM dunning.claim_penalties('2026-01-31', 'old_bill', '2026-01-01') $$, $$ VALUES ('interest', 2::bigint), ('compensation', 2) $$, 'what was settled before the first day is not claimed');
SELECT is(pg_temp.booked('old_bill', '1'), '{}', 'neither interest nor compensation');
SELECT results_eq($$ SELECT kind, items FROM dunning.claim_penalties('2026-02-28', 'old_bill') $$, $$ VALUES ('interest', 1::bigint) $$, 'nor by a later call without a day');
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2026-02-28', 'old_bill', '2026-02-01') $$, 'a later day takes nothing back');
INSERT INTO public.old_payment VALUES (1, '2026-03-05', -1000);
SELECT results_eq($$ SELECT kind, items FROM dunning.claim_penalties('2026-03-05', 'old_bill') WHERE kind = 'compensation' $$, $$ VALUES ('compensation', 1::bigint) $$, 'a payment that came back is claimed');
UPDATE public.old_payment SET amount = 999 WHERE bill_id = 2;
SELECT is((SELECT count(*) FROM dunning.claim_penalties('2026-03-05', 'old_bill') WHERE kind = 'interest'), 1::bigint, 'what was claimed is corrected');
INSERT INTO public.old_bill VALUES (4, 1, '2025-02-01', '2025-03-01', 1000, 'EUR');
INSERT INTO public.old_payment VALUES (4, '2025-12-31', 1000);
SELECT is_empty($$ SELECT * FROM dunning.claim_penalties('2026-03-05', 'old_bill') $$, 'the day holds');
SELECT results_eq($$ SELECT kind, items FROM dunning.claim_penalties('2026-03-05', 'old_bill', '-infinity') $$, $$ VALUES ('interest', 1::bigint), ('compensation', 1) $$, 'until there is none');
SELECT dunning.release_ledger('old_bill') \g /dev/null


--
-- Paid too much, then charged again: a surplus that paid the compensation and the
-- interest is no principal, so what the ERP takes for settled may bear interest
--
INSERT INTO dunning.rule (name, rule) VALUES ('surplus', 's {2025-01-01: 12.15, 2025-07-01: 12.40}; compensation 40.00 EUR'),
	('surplus_grace', '10%; grace 20; compensation 40.00 EUR'), ('surplus_rounded', '36.5%; rounded each day'),
	('surplus_interest', '30%; payments to interest'), ('surplus_compounded', '30%; compounded yearly');
CREATE TABLE public.overcharge (id integer PRIMARY KEY, client_id integer, issued_on date, due_on date, amount numeric, currency text);
CREATE TABLE public.overcharge_payment (overcharge_id integer, paid_on date, amount numeric);
-- 1 is overpaid and charged again; 2 is not overpaid, and 3 only before it is due
INSERT INTO public.overcharge SELECT k, 1, '2025-01-01', '2025-02-01', 80, 'EUR' FROM generate_series(1, 3) AS k;
INSERT INTO public.overcharge_payment VALUES (1, '2025-03-14', 100), (1, '2025-03-30', -50), (1, '2025-08-03', 30),
	(2, '2025-03-14', 80), (2, '2025-03-30', -50), (2, '2025-08-03', 50),
	(3, '2025-01-10', 100), (3, '2025-01-30', -20);
INSERT INTO public.overcharge SELECT k, 1, '2025-01-01', '2025-02-01', 10 * (1 + (random() * 20)::integer), 'EUR' FROM generate_series(4, 60) AS k;
INSERT INTO public.overcharge_payment
SELECT o.id, date '2025-01-05' + (random() * 230)::integer, round((o.amount * (random() * 2 - 0.6))::numeric, 1)
FROM public.overcharge AS o CROSS JOIN generate_series(1, 4) WHERE o.id > 3 AND o.id % 2 = 0;
INSERT INTO public.overcharge_payment
SELECT o.id, date '2025-02-10' + n * (20 + (random() * 40)::integer), round((o.amount * (1 - n * 1.5) * (1.05 + random() * 0.3))::numeric, 1)
FROM public.overcharge AS o CROSS JOIN generate_series(0, 1) AS n WHERE o.id > 3 AND o.id % 2 = 1;
-- most are settled in the end, to the cent
INSERT INTO public.overcharge_payment
SELECT * FROM (SELECT o.id, date '2025-08-25' + o.id % 10, o.amount - (SELECT sum(p.amount) FROM public.overcharge_payment AS p WHERE p.overcharge_id = o.id) AS amount
	FROM public.overcharge AS o WHERE o.id > 3 AND o.id % 4 > 0) AS rest WHERE rest.amount > 0;
CREATE VIEW public.overcharge_history AS
	SELECT o.id, o.due_on, dunning.balance_history(m.amount, m.on_day) AS history
	FROM public.overcharge AS o
	CROSS JOIN LATERAL (SELECT o.amount, o.issued_on AS on_day UNION ALL SELECT -p.amount, p.paid_on FROM public.overcharge_payment AS p WHERE p.overcharge_id = o.id) AS m
	GROUP BY o.id, o.due_on;
CREATE TEMP TABLE surplus_rule AS SELECT name, rule::dunning.penalty_rule AS rule FROM dunning.rule WHERE name LIKE 'surplus%';
DO $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT name FROM surplus_rule LOOP
		EXECUTE format('CREATE VIEW public.%I AS SELECT * FROM public.overcharge', r.name);
		PERFORM dunning.adopt(('public.' || r.name)::regclass, rule => r.name, columns => '{"key": "id", "customer": "client_id", "due_on": "due_on",
			"issued_on": "issued_on", "amount": "amount", "currency": "currency",
			"payments": {"table": "overcharge_payment", "item": "overcharge_id", "date": "paid_on", "amount": "amount"}}');
	END LOOP;
END $$;
CREATE TEMP TABLE surplus_amiss (day date, rule text, item text, booked numeric, owed numeric);
-- often while there are movements, and long after the last one
DO $$
DECLARE
	day date;
BEGIN
	FOR day IN SELECT date '2025-02-02' + 21 * n FROM generate_series(0, 10) AS n UNION ALL VALUES (date '2025-11-01'), ('2025-12-31') LOOP
		PERFORM dunning.claim_penalties(day, name::name) FROM surplus_rule;
		INSERT INTO surplus_amiss
		SELECT day, r.name, h.id::text, coalesce(c.amount, 0), dunning.late_interest(h.history, h.due_on, day, r.rule)
		FROM surplus_rule AS r CROSS JOIN public.overcharge_history AS h
		LEFT JOIN LATERAL (SELECT sum(c.amount) AS amount FROM dunning.claim AS c
			WHERE c.ledger = r.name AND c.item = h.id::text::dunning.item_key AND c.kind = 'interest') AS c ON true;
	END LOOP;
END $$;
-- day by day: 80 until the payment of March, 50 from the debit until August, then
-- 20, for of the 100 that were paid 20 went to interest and compensation
SELECT is((SELECT booked FROM surplus_amiss WHERE rule = 'surplus' AND item = '1' AND day = '2025-11-01'),
	(SELECT round(sum(CASE WHEN d <= '2025-03-14' THEN 80 WHEN d <= '2025-03-30' THEN 0 WHEN d <= '2025-08-03' THEN 50 ELSE 20 END
			* CASE WHEN d < '2025-07-01' THEN 12.15 ELSE 12.40 END / 36500), 2)
		FROM (SELECT date '2025-02-01' + n AS d FROM generate_series(1, date '2025-11-01' - '2025-02-01') AS n) AS days), 'a surplus that paid interest leaves principal');
SELECT is((SELECT booked FROM surplus_amiss WHERE rule = 'surplus' AND item = '1' AND day = '2025-11-01'), 3.81, 'in money');
SELECT is((SELECT max(to_day) FROM dunning.claim WHERE ledger = 'surplus' AND item = '1' AND kind = 'interest'), date '2025-12-31', 'which goes on bearing interest');
SELECT is((SELECT max(to_day) FROM dunning.claim WHERE ledger = 'surplus' AND item = '2' AND kind = 'interest'), date '2025-08-03', 'what was paid to the cent does not');
SELECT is((SELECT count(*) FROM dunning.claim WHERE ledger = 'surplus' AND item = '3' AND kind = 'compensation'), 0::bigint, 'nor was anything late of what was paid before it was due');
SELECT is_empty('SELECT * FROM surplus_amiss WHERE booked <> owed', 'on every day claims book what late_interest says');
SELECT cmp_ok((SELECT count(*) FROM surplus_rule AS r CROSS JOIN public.overcharge_history AS h
		WHERE r.name IN ('surplus', 'surplus_grace', 'surplus_rounded') AND dunning.settled_on(h.history) < '2025-11-01'
			AND dunning.late_interest(h.history, h.due_on, dunning.settled_on(h.history), r.rule) < dunning.late_interest(h.history, h.due_on, '2025-11-01', r.rule)),
	'>', 20::bigint, 'many of them bear interest although the balance is zero');
SELECT count(dunning.release_ledger(name::name)) FROM surplus_rule \g /dev/null

SELECT throws_ok(format('SELECT dunning.undo_run(%s)', r.run), '55000', format('run %s booked claims, and raised no reminders', r.run), 'the run of claims is not undone as one of reminders')
FROM (SELECT max(g.run) AS run FROM dunning.run_log AS g WHERE g.kind = 'claims') AS r;

SELECT * FROM finish();
