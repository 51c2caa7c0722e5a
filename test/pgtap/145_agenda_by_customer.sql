-- The agenda of a ledger whose procedures are by customer: random lives of payers and their
-- customers, night by night.  After each run what is planned for tonight, which knows no
-- agenda, is nothing.  The clock is the setting test.day.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
BEGIN;
SELECT no_plan();

CREATE OR REPLACE FUNCTION _dunning.real_day() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT current_setting('test.day')::date $$;
SET LOCAL test.day = '2026-01-20';
SET LOCAL dunning.today = '2026-01-20';
CREATE FUNCTION pg_temp.any_of(n integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT floor(random() * n)::integer';
CREATE TABLE public.bill (id integer PRIMARY KEY, client integer NOT NULL, payer integer, issued_on date NOT NULL, due_on date, amount numeric, kind text, currency text, disputed boolean NOT NULL DEFAULT false, procedure text);
CREATE TABLE public.payment (id integer GENERATED ALWAYS AS IDENTITY, bill integer, paid_on date, amount numeric);
CREATE INDEX ON public.payment (bill);
CREATE INDEX ON public.bill (client);
INSERT INTO dunning.procedure (name, procedure) VALUES ('highest', '5 email; 10 phone min 200 EUR; 15 letter min 20 EUR and 10% fee 5 EUR; after 7 email repeat 9; wait 3; by customer'),
	('lowest', '4 email; 12 letter; wait 2; following business day; by customer, level lowest'), ('each', '3 email min 100 EUR; 9 letter; wait 4; by customer, level each'), ('alone', '2 email; 6 letter; wait 1');
CREATE FUNCTION pg_temp.invoices(first integer, last integer) RETURNS void LANGUAGE sql AS $$
	INSERT INTO public.bill SELECT k, c, CASE WHEN c % 5 = 0 THEN c % 15 + 1 END, d, d + 5 + pg_temp.any_of(30), CASE WHEN k % 7 = 0 THEN -1 ELSE 1 END * (50 + pg_temp.any_of(500)),
		CASE WHEN k % 7 <> 0 THEN 'invoice' WHEN k % 14 = 0 THEN 'credit_note' ELSE 'down_payment' END, CASE WHEN k % 11 = 0 THEN 'CHF' ELSE 'EUR' END, false, (ARRAY['highest', 'lowest', 'each', 'alone', NULL])[1 + c % 5]
	FROM (SELECT k, k % 23 AS c, _dunning.real_day() - 40 + pg_temp.any_of(60) AS d FROM generate_series(first, last) AS k) AS s $$;
SELECT setseed(0.145) \g /dev/null
SELECT pg_temp.invoices(1, 150) \g /dev/null
SELECT dunning.adopt('public.bill', procedure => 'highest', rule => NULL, watch => true, columns => '{"key": "id", "customer": "client", "payer": "payer", "due_on": "due_on", "issued_on": "issued_on", "amount": "amount", "kind": "kind",
	"currency": "currency", "disputed": "disputed", "procedure": "procedure", "payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount"}}') \g /dev/null
INSERT INTO dunning.ledger_setting (ledger, netting) VALUES ('bill', 'credit_notes');
SELECT ok(_dunning.has_agenda('bill') AND _dunning.by_customers('bill'), 'a ledger by customer can have an agenda');

CREATE TEMP TABLE night (day date, named integer, due bigint, wrong text);
CREATE FUNCTION pg_temp.pass_night(run boolean DEFAULT true) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	day CONSTANT date := _dunning.real_day() + 1;
	named integer;
BEGIN
	PERFORM set_config('test.day', day::text, true), set_config('dunning.today', day::text, true);
	IF run THEN
		IF _dunning.agenda_knows('bill', day) AND NOT _dunning.agenda_is_old('bill', day) THEN
			named := (SELECT count(DISTINCT a.item) FROM (SELECT item FROM _dunning.agenda WHERE look_on <= day UNION SELECT item FROM _dunning.touched WHERE item IS NOT NULL) AS a);
		END IF;
		PERFORM dunning.run_reminders();
		INSERT INTO night SELECT day, named, (SELECT count(*) FROM dunning.reminder WHERE raised_on = day),
			(SELECT string_agg(concat_ws(' ', t.event, t.item, t.step), ', ') FROM dunning.tonight AS t WHERE t.event IN ('raise', 'withdraw'));
	END IF;
END $$;
CREATE FUNCTION pg_temp.happen(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	k integer;
BEGIN
	INSERT INTO public.payment (bill, paid_on, amount)
		SELECT b.id, day + 2 - pg_temp.any_of(6), sign(b.amount) * (ARRAY[10, 50, 300, 600, -40])[1 + pg_temp.any_of(5)] FROM generate_series(1, pg_temp.any_of(7)) AS g JOIN public.bill AS b ON b.id = 1 + (g * 31 + day - date '2026-01-01') % 150;
	DELETE FROM public.payment WHERE id IN (SELECT id FROM public.payment ORDER BY random() LIMIT pg_temp.any_of(2));
	UPDATE public.payment SET paid_on = paid_on + 3 WHERE id = pg_temp.any_of(300);
	UPDATE public.bill SET due_on = due_on + pg_temp.any_of(30) - 12 WHERE id = 1 + pg_temp.any_of(150);
	UPDATE public.bill SET disputed = NOT disputed WHERE id = 1 + pg_temp.any_of(150);
	-- another customer, payer, currency; a credit that is gone, or comes
	UPDATE public.bill SET client = pg_temp.any_of(23) WHERE id = 1 + pg_temp.any_of(150) AND random() < 0.3;
	UPDATE public.bill SET payer = CASE WHEN random() < 0.5 THEN pg_temp.any_of(23) END WHERE id = 1 + pg_temp.any_of(150) AND random() < 0.4;
	UPDATE public.bill SET currency = CASE currency WHEN 'CHF' THEN 'EUR' ELSE 'CHF' END WHERE id = 1 + pg_temp.any_of(150) AND random() < 0.2;
	DELETE FROM public.bill WHERE id = (SELECT b.id FROM public.bill AS b WHERE b.amount < 0 ORDER BY random() LIMIT 1) AND random() < 0.3;
	PERFORM dunning.mark_reminder_sent(r.reminder, day) FROM dunning.reminder AS r WHERE r.state = 'pending' AND random() < 0.3;
	PERFORM dunning.cancel_reminder(r.reminder, 'for once', day) FROM dunning.reminder AS r WHERE r.state = 'pending' AND random() < 0.03;
	k := (SELECT b.id FROM public.bill AS b WHERE b.issued_on <= day AND b.amount > 2 ORDER BY random() LIMIT 1);
	PERFORM dunning.hold_item('bill', k::text, 'manual', from_day => day + pg_temp.any_of(3), until_day => day + 3 + pg_temp.any_of(12)) WHERE random() < 0.4;
	PERFORM dunning.hold_item('bill', b.id::text, 'dispute', from_day => day, until_day => day + pg_temp.any_of(9), part => 1, amount => least(b.amount - 1, o.open))
		FROM public.bill AS b CROSS JOIN LATERAL (SELECT b.amount - coalesce(sum(p.amount), 0) AS open FROM public.payment AS p WHERE p.bill = b.id AND p.paid_on <= day) AS o WHERE b.id = k AND o.open > 0 AND random() < 0.3;
	PERFORM dunning.hold_customer('bill', c.client::text, 'manual', from_day => day, until_day => day + pg_temp.any_of(8)) FROM (SELECT b.client FROM public.bill AS b ORDER BY random() LIMIT 1) AS c WHERE random() < 0.2;
	PERFORM dunning.release_hold(h.hold, 'for once') FROM dunning.hold AS h WHERE h.released_on IS NULL AND (h.until_day < day) IS NOT TRUE AND h.from_day <= day AND random() < 0.08;
	PERFORM dunning.assign('bill', 'procedure', 'alone', item => k::text::dunning.item_key, from_day => day + pg_temp.any_of(5)) WHERE random() < 0.1;
END $$;
DO $$
BEGIN
	PERFORM pg_temp.pass_night();
	FOR n IN 1 .. 20 LOOP
		PERFORM pg_temp.happen(_dunning.real_day());
		CASE n
			WHEN 5 THEN PERFORM pg_temp.invoices(151, 180);
			WHEN 13 THEN UPDATE dunning.ledger_setting SET netting = 'all';
			ELSE NULL;
		END CASE;
		PERFORM pg_temp.pass_night(n % 11 <> 0);
	END LOOP;
END $$;
SELECT is_empty('SELECT day, wrong FROM night WHERE wrong IS NOT NULL ORDER BY day LIMIT 5', 'no night leaves anything to be raised or withdrawn');
SELECT cmp_ok((SELECT count(*) FROM night WHERE named IS NOT NULL), '>', 12::bigint, 'most nights go by the agenda');
SELECT cmp_ok((SELECT avg(named) FROM night), '<', 80::numeric, 'which names a part of what is open');
SELECT cmp_ok((SELECT sum(due) FROM night WHERE named IS NOT NULL), '>', 50::numeric, 'and finds what is due');
SELECT cmp_ok((SELECT count(*) FROM dunning.reminder WHERE by_customer), '>', 60::bigint, 'by customer');
SELECT is_empty($$SELECT * FROM dunning.run_problem WHERE topic = 'agenda' OR sqlstate IS NOT NULL$$, 'where all is read, the agenda knew what is due');
SELECT is_empty($$SELECT item FROM _dunning.agenda WHERE payer IS NULL$$, 'it knows who pays');

-- who pays for a customer is read from a table that is not watched
CREATE TABLE public.client (id integer PRIMARY KEY, payer integer);
CREATE TABLE public.sale (id integer PRIMARY KEY, client integer, due_on date, open_amount numeric);
SELECT dunning.adopt('public.sale', procedure => 'highest', rule => NULL, watch => true, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "open_amount": "open_amount", "customers": {"table": "client", "key": "id", "payer": "payer"}}') \g /dev/null
SELECT ok(NOT _dunning.has_agenda('sale'), 'then all is read');
UPDATE dunning.ledger SET procedure = 'alone' WHERE ledger = 'sale';
SELECT ok(_dunning.has_agenda('sale'), 'but for a procedure by item');

SELECT * FROM finish();
ROLLBACK;
