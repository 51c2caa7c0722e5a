-- Dunning procedures: texts, rows, and the next step of typical items.
SET search_path = public;
SET datestyle = 'ISO, YMD';
\pset null '(null)'

CREATE FUNCTION fails(literal text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text;
BEGIN
	message := literal::dunning.dunning_procedure::text;
	RETURN 'accepted as ' || message;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN state || ' ' || regexp_replace(message, ': ".*', '') || '. ' || detail;
END $$;

-- 1. texts and their canonical form
SELECT literal, literal::dunning.dunning_procedure::text AS canonical
FROM (VALUES ('5 email'), ('+5 Email "Reminder" ; 10 phone;15 letter'), ('-3 email "Alert"; 0 sms; 5 email'), ('5 email; 5 phone'),
	('5 registered_letter "Mise en demeure" manual fee 15 eur wait 7 min 50.5 EUR'), ('5 email; mode stepwise; wait 1'), ('5 email; mode jump; WAIT 12'),
	('5 my_own_channel2 "a ""quoted"" label; with; signs"'), ('5 wait wait 3'), ('5 email fee 0.0001 JPY'), ('10 handover "été"')) AS v (literal);
SELECT n, literal, fails(literal)
FROM (VALUES (1, ''), (2, 'email'), (3, '5'), (4, '5 email;'), (5, '5 email "x'), (6, '5 email ""'), (7, '5 email reminder'), (8, '10 phone; 5 email'),
	(9, '36501 email'), (10, '-36501 email'), (11, '5 email fee 15'), (12, '5 email fee -1 EUR'), (13, '5 email fee 0 EUR'), (14, '5 email fee 1 EUR fee 2 EUR'),
	(15, '5 email min 1000000000001 EUR'), (16, '5 email wait 0'), (17, '5 email wait 3651'), (18, '5 email; wait 0'), (19, '5 email; wait 3; wait 4'),
	(20, '5 email; mode fast'), (21, '5 email; mode jump; 10 phone'), (22, 'wait 3; 5 email'), (23, '5 é-mail'), (24, '5.5 email'), (25, '5 ' || repeat('x', 64)),
	(26, '5 email "' || repeat('x', 128) || '"'), (27, '5 email manual manual'), (28, '5 email wait 3 wait 3'), (29, '5 email min 5 EU'), (30, '99999999999 email'),
	(31, '5 email , 10 phone')) AS v (n, literal) ORDER BY n;
SELECT fails(string_agg(i || ' email', '; ' ORDER BY i)) LIKE 'accepted%' AS at_the_limit FROM generate_series(1, 64) AS i;
SELECT fails(string_agg(i || ' email', '; ' ORDER BY i)) AS beyond FROM generate_series(1, 65) AS i;
SELECT length(fails('5 ' || repeat('x', 63) || ' "' || repeat('y', 127) || '"')) AS longest;
DO $$
BEGIN
	IF current_setting('server_version_num')::integer >= 160000 THEN
		EXECUTE $x$ SELECT 1 / (NOT pg_input_is_valid('5', 'dunning.dunning_procedure') AND pg_input_is_valid('5 email', 'dunning.dunning_procedure'))::integer $x$;
	END IF;
END $$;

-- days, months and ends of months; what follows; fees and minimums by currency; what repeats
SELECT literal, literal::dunning.dunning_procedure::text AS canonical
FROM (VALUES ('5 days email; 1 month letter; 2 months + 3 days phone'), ('end of month email; 1 month end of month+5 letter'), ('30 days end of month email; after 7 days letter'),
	('5 email fee 15 EUR, 16 USD + 2.50%'), ('5 email fee 2.5 % min 50 EUR,60 USD'), ('5 email; 20 letter repeat every 30 days'), ('5 end "x"; 1 month end "y"'),
	('5 email; Following business day; wait 3 days')) AS v (literal);
SELECT n, literal, fails(literal)
FROM (VALUES (1, 'after 7 email'), (2, '5 email; after 0 phone'), (3, '121 months email'), (4, '0 months email'), (5, '-1 days end of month email'), (6, 'end of month + 0 email'),
	(7, '5 + 3 email'), (8, '30 email; 1 month phone'), (9, '1 month email; 30 phone'), (10, 'end of month email; after 29 phone; 1 month end of month letter'), (11, '5 email repeat 9; 20 phone'),
	(12, '5 email repeat 0'), (13, '5 email fee 0%'), (14, '5 email fee 100.5%'), (15, '5 email fee 2% + 3 EUR'), (16, '5 email fee 3 EUR + 2'), (17, '5 email min 3 EUR, 4 EUR'),
	(18, '5 email min 2%'), (19, '5 email; following day'), (20, '5 days')) AS v (n, literal) ORDER BY n;
SELECT fails(format('5 email fee %s', string_agg('1 A' || chr(65 + i / 26) || chr(65 + i % 26), ', '))) AS too_many_currencies FROM generate_series(0, 32) AS i;

-- 2. equality, hashing, binary, rows
SELECT '5 email; wait 1'::dunning.dunning_procedure = '+5 EMAIL; mode stepwise' AS same, '5 email'::dunning.dunning_procedure <> '5 email "x"' AS other;
CREATE TABLE procedures (p dunning.dunning_procedure);
INSERT INTO procedures
SELECT ((SELECT string_agg(format('%s channel%s%s%s%s%s%s', k * i - 30, k, CASE WHEN k % 2 = 0 THEN format(' "label %s ""%s"""', i, k) END,
			CASE WHEN k % 3 = 0 THEN format(' fee %s.5 EUR', k) END, CASE WHEN k % 4 = 0 THEN format(' min %s.25 CHF', i) END,
			CASE WHEN k % 5 = 0 THEN format(' wait %s', i) END, CASE WHEN k % 7 = 0 THEN ' manual' END), '; ' ORDER BY k)
		FROM generate_series(1, 1 + i % 64) AS k) || CASE i % 3 WHEN 0 THEN '; mode jump' WHEN 1 THEN '; wait ' || i ELSE '' END)::dunning.dunning_procedure
FROM generate_series(1, 200) AS i;
SELECT count(*), count(*) FILTER (WHERE p::text::dunning.dunning_procedure <> p) AS not_read_back, count(DISTINCT p::text),
	(SELECT count(*) FROM (SELECT p FROM procedures GROUP BY p) AS g) AS by_hash FROM procedures;
\copy procedures TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/procedures.bin"' (FORMAT binary)
CREATE TABLE procedures_back (LIKE procedures);
\copy procedures_back FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/procedures.bin"' (FORMAT binary)
SELECT count(*) AS lost FROM (SELECT p FROM procedures EXCEPT ALL SELECT p FROM procedures_back) AS x;
SELECT encode(_dunning.dunning_procedure_send('5 email'), 'hex') AS sent;
SELECT * FROM dunning.steps('-3 email "Alert"; 10 letter "Formal" fee 15.00 EUR min 50.00 EUR wait 7 manual; wait 3');
SELECT level, day, offset_days, after_days, repeat_days, fee, fee_currency, fees, fee_percent, min_amount, minimums
FROM dunning.steps('5 email fee 2.5%; end of month + 5 letter fee 15 EUR, 16 USD min 50 EUR, 60 USD; after 7 phone fee 1 EUR + 0.5% repeat 30');
SELECT * FROM dunning.procedure_options('-3 email; wait 3; mode jump; following business day');
SELECT jsonb_pretty('5 email "Reminder"; 10 letter fee 15 EUR; wait 3'::dunning.dunning_procedure::jsonb);

-- 3. the next step, day by day: an alert, then the ladder
SELECT d::date AS as_of, (s.n).*
FROM generate_series('2026-01-06'::date, '2026-01-16', '1 day') AS d
CROSS JOIN LATERAL (SELECT dunning.next_step('-3 email "Alert"; 5 email; 10 phone; wait 3', '2026-01-10', d::date) AS n OFFSET 0) AS s;
-- stepwise: one level at a time, not before last_on + wait; the wait is at least a day
SELECT l AS last_level, o AS last_on, (dunning.next_step('5 email; 10 phone; 15 letter', '2026-01-01', '2026-03-01', l, o)).*
FROM (VALUES (0, NULL::date), (1, '2026-02-28'), (1, '2026-03-01'), (2, '2026-01-31'), (3, '2026-02-20'), (4, NULL), (NULL, NULL)) AS v (l, o);
SELECT o AS last_on, (dunning.next_step('5 email; 10 phone wait 20; wait 7', '2026-01-01', '2026-03-01', 1, o)).*
FROM (VALUES ('2026-02-08'::date), ('2026-02-09'), ('2026-02-10'), ('2026-03-01')) AS v (o);
-- jump: the most severe step whose day has come
SELECT d AS as_of, (dunning.next_step('5 email; 10 phone; 15 letter; mode jump', '2026-01-01', d, 0)).*
FROM (VALUES ('2026-01-05'::date), ('2026-01-06'), ('2026-01-12'), ('2026-03-01')) AS v (d);
-- the months after a due date: the end of a month stays the end of a month
SELECT d AS due_on, string_agg((dunning.next_step(p::dunning.dunning_procedure, d, d)).step_on::text, ' ' ORDER BY n) AS days
FROM (VALUES ('2026-01-01'::date), ('2026-01-15'), ('2026-01-30'), ('2026-01-31'), ('2026-02-28'), ('2024-02-28'), ('2026-04-30'), ('2026-12-02')) AS v (d)
CROSS JOIN (VALUES (1, '1 month a'), (2, '1 month + 5 a'), (3, 'end of month a'), (4, '1 month end of month a'), (5, '30 days end of month a')) AS w (n, p) GROUP BY d ORDER BY d;
-- days after the step before was done: on time, late, not known, not done at all
SELECT l AS last_level, o AS last_on, (dunning.next_step(('5 email; after 7 phone; after 14 letter wait 20; mode ' || m)::dunning.dunning_procedure, '2026-01-01', '2026-01-20', l, o)).*
FROM (VALUES ('stepwise', 1, '2026-01-06'::date), ('stepwise', 1, '2026-01-19'), ('stepwise', 1, NULL), ('stepwise', 2, '2026-01-19'), ('jump', 1, '2026-01-06'), ('jump', 0, NULL)) AS v (m, l, o);
-- a minimum by currency
SELECT c AS currency, (dunning.next_step('5 email min 50 EUR, 60 USD', '2026-01-01', '2026-01-20', 0, NULL, 55, NULL, c)).state
FROM (VALUES ('EUR'), ('USD'), ('CHF'), (NULL)) AS v (c);
-- min, holds, settled
SELECT a AS open_amount, h AS held_until, (dunning.next_step('5 email min 50 EUR; 10 phone', '2026-01-01', '2026-01-20', 0, NULL, a, h)).*
FROM (VALUES (49.99, NULL::date), (50.00, NULL), (0, NULL), (-5, NULL), (1e-30, NULL), (1e40, NULL), (60, '2026-01-19'), (60, '2026-01-20'), (60, '2026-02-28'), (60, 'infinity'), (0, 'infinity')) AS v (a, h);
SELECT m AS mode, (dunning.next_step(('5 email; 10 letter min 100 EUR; 15 phone; mode ' || m)::dunning.dunning_procedure, '2026-01-01', '2026-01-12', 1, NULL, 60)).*
FROM (VALUES ('stepwise'), ('jump')) AS v (m);
-- the ends of the calendar
SELECT d AS due_on, a AS as_of, (dunning.next_step('-3 email; 5 phone', d, a)).*
FROM (VALUES ('infinity'::date, '2026-01-01'::date), ('-infinity', '2026-01-01'), ('2026-01-01', 'infinity'), ('2026-01-01', '-infinity'),
	('5874897-12-30', '5874897-12-31'), ('4714-11-24 BC', '4714-11-24 BC')) AS v (d, a);
SELECT dunning.next_step(NULL, '2026-01-01', '2026-01-01') AS no_procedure, dunning.next_step('5 email', NULL, '2026-01-01') AS no_due_date, dunning.next_step('5 email', '2026-01-01', NULL) AS no_day,
	(dunning.next_step('5 email', _dunning.real_day() - 5)).state AS defaults;
\set VERBOSITY sqlstate
SELECT dunning.next_step('5 email', '2026-01-01', '2026-01-01', -1);
\set VERBOSITY default
SELECT dunning.next_step('5 email', '2026-01-01', '2026-01-01', -1);

-- what a step costs: in the currency of the item, otherwise the first amount; a percentage is rounded to the decimals
SELECT l AS level, c AS currency, (_dunning.step_fee('5 email fee 15 EUR, 16 USD; 6 letter fee 2.5%; 7 phone fee 15 EUR + 2.5%; 8 task', l, 1234.567, c, d)).*
FROM generate_series(1, 4) AS l, (VALUES (1, 'EUR', 2), (2, 'USD', 2), (3, 'JPY', 0), (4, NULL, NULL)) AS v (n, c, d) ORDER BY l, n;

-- published ladders of other systems
-- metasfresh, levels 10 / 20 / 30 sequential: level 2 only after level 1; 10 days between: processed 1 February, 5 February no, 11 February yes
SELECT d AS as_of, (dunning.next_step('10 letter; 20 letter; 30 letter; wait 10', '2012-01-01', d, 1, '2012-02-01')).state
FROM (VALUES ('2012-02-05'::date), ('2012-02-11'), ('2012-02-20')) AS v (d);
-- Tryton, levels 5 / 20 / 40: nothing on day 4, level 1 on day 5, level 2 once level 1 is done, held while blocked
SELECT d, (dunning.next_step('5 letter; 20 letter; 40 letter', '2026-01-01', '2026-01-01'::date + d, l, NULL, 100, h)).*
FROM (VALUES (4, 0, NULL::date), (5, 0, NULL), (30, 0, NULL), (30, 1, 'infinity'), (30, 1, NULL), (50, 3, NULL)) AS v (d, l, h);
-- OCA, account_credit_control: net days, the end of the month after some days, days after the reminder before
SELECT d AS as_of, l AS last_level, o AS last_on, (dunning.next_step('10 email; 30 days end of month letter; after 10 letter "Last"', '2026-01-15', d, l, o)).*
FROM (VALUES ('2026-01-25'::date, 0, NULL::date), ('2026-02-20', 1, '2026-01-25'), ('2026-02-28', 1, '2026-01-25'), ('2026-03-12', 2, '2026-03-03'), ('2026-03-13', 2, '2026-03-03')) AS v (d, l, o);
-- Kill Bill, states 5 / 7 / 11 days after the oldest unpaid item of 2 June
SELECT d AS as_of, (dunning.next_step('5 email "WARNING"; 7 task "BLOCKED"; 11 task "CANCELLATION"; mode jump', '2026-06-02', d)).label
FROM (VALUES ('2026-06-07'::date), ('2026-06-08'), ('2026-06-09'), ('2026-06-13')) AS v (d);

DROP TABLE procedures, procedures_back;
DROP FUNCTION fails;
