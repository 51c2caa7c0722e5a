-- Ladders of months, ends of months and steps that follow, with fees and minimums
-- by currency and in percent: what the runs of a winter raise, item by item.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SELECT no_plan();

CREATE TABLE public.bill (id integer PRIMARY KEY, client integer NOT NULL, issued_on date, due_on date, amount numeric, currency text);
CREATE TABLE public.payment (bill integer, paid_on date, amount numeric);
CREATE INDEX ON public.payment (bill);
INSERT INTO dunning.procedure (name, procedure) VALUES ('months',
	'1 month email fee 15 EUR, 16 USD + 2.5% min 50 EUR, 60 USD; after 10 letter fee 5 EUR, 6 USD; 2 months end of month phone fee 1.5%');
SELECT dunning.adopt('public.bill', procedure => 'months', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on",
	"amount": "amount", "currency": "currency", "payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount"}}') \g /dev/null
INSERT INTO public.bill (id, client, issued_on, due_on, amount, currency) VALUES
	(1, 1, '2025-12-01', '2025-12-31', 1000, 'EUR'), (2, 2, '2025-12-01', '2026-01-15', 2000, 'USD'), (3, 3, '2025-12-01', '2026-01-15', 100020, 'JPY'),
	(4, 4, '2025-12-01', '2026-01-15', 55, 'USD'), (5, 5, '2025-12-01', '2026-01-15', 55, 'EUR'), (6, 6, '2025-12-01', '2026-01-30', 1000, 'CHF');

-- A run on the days on which something can come, and on the days before them; what
-- is raised goes out two days later.
DO $$
DECLARE
	day date;
	late bigint;
BEGIN
	FOREACH day IN ARRAY '{2026-01-30, 2026-01-31, 2026-02-02, 2026-02-11, 2026-02-12, 2026-02-14, 2026-02-15, 2026-02-17, 2026-02-26, 2026-02-27, 2026-02-28,
		2026-03-01, 2026-03-02, 2026-03-11, 2026-03-12, 2026-03-14, 2026-03-30, 2026-03-31, 2026-04-02, 2026-04-15}'::date[] LOOP
		PERFORM dunning.run_reminders(day, 'bill');
		FOR late IN SELECT r.reminder FROM dunning.reminder AS r WHERE r.state = 'pending' AND r.raised_on = day - 2 LOOP
			PERFORM dunning.mark_reminder_sent(late, day);
		END LOOP;
	END LOOP;
END $$;
SELECT is((SELECT string_agg(concat_ws(' ', to_char(r.raised_on, 'MM-DD'), r.channel, r.fee, r.fee_currency), ', ' ORDER BY r.level)
	FROM dunning.reminder AS r WHERE r.item = v.item), v.life, v.why)
FROM (VALUES
	('1', '01-31 email 40.00 EUR, 02-12 letter 5.00 EUR, 02-28 phone 15.00 EUR', 'from the last day of December'),
	('2', '02-15 email 66.00 USD, 02-27 letter 6.00 USD, 03-31 phone 30.00 USD', 'in another currency of the ladder'),
	('3', '02-15 email 2501 JPY, 02-27 letter 5.00 EUR, 03-31 phone 1500 JPY', 'in yen: a percentage has no decimals, and an amount beside it does not apply'),
	('4', NULL, 'below the minimum in dollars'),
	('5', '02-15 email 16.38 EUR, 02-27 letter 5.00 EUR, 03-31 phone 0.83 EUR', 'above the minimum in euros'),
	('6', '02-28 email 25.00 CHF, 03-12 letter 5.00 EUR, 03-31 phone 15.00 CHF', 'from a day that February does not have')) AS v (item, life, why);
SELECT is((SELECT count(*) FROM dunning.run_problem), 0::bigint, 'the runs noted no problem');
SELECT is((SELECT count(*) FROM dunning.reminder WHERE state <> 'sent'), 0::bigint, 'and withdrew nothing');

-- what is pending is right: the fee belongs to the step, and the percentage to what is open
SET session_replication_role = replica; TRUNCATE dunning.reminder; RESET session_replication_role;
SELECT is(dunning.run_reminders('2026-02-20', 'bill'), 4, 'first steps are due');
INSERT INTO public.payment VALUES (2, '2026-02-21', 1000);
UPDATE dunning.procedure SET procedure = '1 month email fee 15 EUR, 17 USD + 2.5%; 2 months end of month phone' WHERE name = 'months';
SELECT dunning.run_reminders('2026-02-22', 'bill') \g /dev/null
SELECT set_eq($$ SELECT item::text, state, fee, fee_currency, reason FROM dunning.reminder $$, $$ VALUES
	('1', 'pending', 40.00, 'EUR', NULL), ('2', 'cancelled', 66.00, 'USD', '1000 is open, not 2000'), ('2', 'pending', 42.00, 'USD', NULL), ('3', 'pending', 2501, 'JPY', NULL),
	('4', 'pending', 18.38, 'USD', NULL), ('5', 'pending', 16.38, 'EUR', NULL) $$, 'a fee that is another one is raised anew, and others stay');
UPDATE dunning.procedure SET procedure = '1 month email fee 15 EUR, 17 USD + 3%; 2 months end of month phone' WHERE name = 'months';
SELECT dunning.run_reminders('2026-02-22', 'bill') \g /dev/null
SELECT set_eq($$ SELECT item::text, fee, fee_currency FROM dunning.reminder WHERE state = 'pending' $$, $$ VALUES
	('1', 45.00, 'EUR'), ('2', 47.00, 'USD'), ('3', 3001, 'JPY'), ('4', 18.65, 'USD'), ('5', 16.65, 'EUR') $$, 'as another percentage makes all of them');
SELECT is((SELECT count(*) FROM dunning.reminder WHERE reason = 'its step of the procedure was changed'), 5::bigint, 'for that reason');

SELECT * FROM finish();
