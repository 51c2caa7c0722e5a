-- Assignments and owners: what applies to an item on any day, against a model in plain SQL.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\ir said.psql

INSERT INTO dunning.procedure (name, procedure) VALUES ('soft', '10 email "Soft"; 20 phone'), ('hard', '2 letter "Hard"; wait 1'), ('vip', '5 phone "Call"; 30 email'),
	('monday', '3 email "Monday"; wait 1; following business day');
INSERT INTO dunning.rule (name, rule) VALUES ('ten', '10%'), ('five', '5%'), ('ten-consumer', '1%'), ('two', '2%');
INSERT INTO dunning.scheme (name, scheme) VALUES ('weeks', '7,14,21'), ('quarters', '90,180');
INSERT INTO dunning.holiday_calendar (name, calendar) VALUES ('shut', 'sat sun; ' || (SELECT string_agg('2026-04-' || to_char(g, 'FM00'), '; ') FROM generate_series(6, 30) AS g));
CREATE TABLE customer (id integer PRIMARY KEY, name text, email text, language text, classe_client text, commercial text, is_company boolean);
INSERT INTO customer SELECT g, 'Customer ' || g, 'c' || g || '@example.org', (ARRAY[NULL, 'fr', 'de'])[g % 3 + 1], (ARRAY['A', 'B', NULL])[g % 3 + 1], (ARRAY['sam', NULL])[g % 2 + 1], g % 5 <> 0
FROM generate_series(1, 12) AS g;
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer NOT NULL, issue_date date, due_date date, amount numeric(12, 2), open_amount numeric(12, 2), currency text, company text, procedure text, rule_by text);
INSERT INTO invoice SELECT g, 1 + g % 12, '2026-01-01', date '2026-03-01' + g % 40, 100 + g, 100 + g, CASE WHEN g % 11 = 0 THEN 'USD' ELSE 'EUR' END, CASE g % 2 WHEN 0 THEN 'North' ELSE 'South' END,
	CASE WHEN g % 6 = 0 THEN 'soft' END, CASE g % 7 WHEN 0 THEN 'five' WHEN 1 THEN 'abroad' END FROM generate_series(1, 60) AS g;
SELECT source FROM dunning.adopt('invoice', procedure => 'standard', rule => 'two', columns => '{"customers": "customer", "rule_by": "rule_by", "procedure": "procedure"}') WHERE field IN ('class', 'salesperson') ORDER BY field \g /dev/null
SELECT results_eq($$ SELECT DISTINCT customer::text, class, salesperson FROM dunning.open_item WHERE customer IN ('1', '2', '3') ORDER BY 1 $$,
	$$ VALUES ('1', 'B', NULL::text), ('2', NULL, 'sam'), ('3', 'A', NULL) $$, 'the class and the salesperson of a customer');
INSERT INTO dunning.ledger_rule (ledger, value, rule) VALUES ('invoice', 'USD', 'ten'), ('invoice', 'abroad', 'five');

--
-- Nothing is assigned
--
CREATE FUNCTION pg_temp.applied(ledger name, item dunning.item_key DEFAULT NULL, customer dunning.item_key DEFAULT NULL, as_of date DEFAULT '2026-04-10') RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(concat_ws(' ', kind, coalesce(value, '-'), level, source, from_day), '; ') FROM dunning.applies_to(ledger, item, customer, as_of)
$$;
SELECT is(pg_temp.applied('invoice', item => '6'), 'procedure soft item column; penalty_rule two ledger setting; aging_scheme standard ledger setting; calendar - default none; language fr customer column; owner - default none', 'what the ERP and the ledger say');
SELECT is(pg_temp.applied('invoice', item => '1'), 'procedure standard ledger setting; penalty_rule five item column; aging_scheme standard ledger setting; calendar - default none; language de customer column; owner sam customer column', 'a value of ledger_rule');
SELECT is(pg_temp.applied('invoice', item => '11'), 'procedure standard ledger setting; penalty_rule ten ledger setting; aging_scheme standard ledger setting; calendar - default none; language - default none; owner sam customer column', 'the rule of the currency');
SELECT is(pg_temp.applied('invoice', customer => '2'), 'procedure standard ledger setting; penalty_rule two ledger setting; aging_scheme standard ledger setting; calendar - default none; language de customer column; owner sam customer column', 'a customer');
SELECT is(pg_temp.applied('invoice'), 'procedure standard ledger setting; penalty_rule two ledger setting; aging_scheme standard ledger setting; calendar - default none; language - default none; owner - default none', 'a ledger');

--
-- Assigned at random: the work list and applies_to against a model
--
SELECT setseed(0.42) \g /dev/null
CREATE TEMP TABLE assigned AS
SELECT g, (ARRAY['item', 'customer', 'class', 'ledger'])[1 + floor(random() * 4)] AS at, 1 + floor(random() * 60) AS item, 1 + floor(random() * 12) AS customer, (ARRAY['A', 'B', 'C'])[1 + floor(random() * 3)] AS class,
	(ARRAY['procedure', 'penalty_rule', 'aging_scheme', 'language', 'owner'])[1 + floor(random() * 5)] AS kind, 1 + floor(random() * 3) AS nth,
	date '2026-03-01' + floor(random() * 90)::integer AS from_day, floor(random() * 40)::integer AS days, random() < 0.4 AS ends, floor(random() * 60)::integer AS noted
FROM generate_series(1, 400) AS g;
INSERT INTO dunning.assignment (assignment, ledger, item, customer, class, kind, step, value, from_day, noted_at, ended_on, ended_at, ended_by, end_reason)
SELECT g, 'invoice', CASE at WHEN 'item' THEN item::text END, CASE at WHEN 'customer' THEN customer::text END, CASE at WHEN 'class' THEN class END, kind,
	CASE WHEN kind = 'owner' THEN (ARRAY[NULL, NULL, NULL, 'phone', '10 phone', 'email'])[1 + g % 6] END,
	CASE kind WHEN 'procedure' THEN (ARRAY['soft', 'hard', 'vip'])[nth] WHEN 'penalty_rule' THEN (ARRAY['ten', 'five', 'two'])[nth] WHEN 'aging_scheme' THEN (ARRAY['weeks', 'quarters', 'standard'])[nth]
		WHEN 'language' THEN (ARRAY['en', 'nl', 'fr'])[nth] ELSE (ARRAY['ann', 'bob', 'salesperson'])[nth] END,
	from_day, from_day - 20 + noted, CASE WHEN ends THEN from_day + days END, CASE WHEN ends THEN from_day + days + noted / 2 END, CASE WHEN ends THEN 'somebody' END, CASE WHEN ends THEN 'over' END
FROM assigned;
CREATE TEMP TABLE day AS SELECT d::date AS day, s AS as_seen FROM unnest(ARRAY['2026-02-20', '2026-03-10', '2026-03-31', '2026-04-10', '2026-05-05', '2026-07-01', '2027-01-01']) AS d, (VALUES (false), (true)) AS v (s);
CREATE TEMP TABLE seen AS SELECT d.day, d.as_seen, w.item::text, w.procedure_name, w.rule, w.bucket_label, w.language, w.owner, w.step, w.channel, w.problem
FROM day AS d CROSS JOIN LATERAL dunning.worklist_as_of(d.day, d.as_seen) AS w;
-- all that could decide, in the order in which it does
CREATE TEMP TABLE candidate AS
SELECT d.day, d.as_seen, i.id::text AS item, a.kind, a.step, a.value, a.assignment, CASE WHEN a.item IS NOT NULL THEN 1 WHEN a.customer IS NOT NULL THEN 3 WHEN a.class IS NOT NULL THEN 5 ELSE 6 END AS place, a.from_day
FROM day AS d CROSS JOIN invoice AS i JOIN customer AS c ON c.id = i.customer_id
JOIN dunning.assignment AS a ON (a.item = i.id::text::dunning.item_key OR a.customer = c.id::text::dunning.item_key OR a.class = c.classe_client OR num_nulls(a.item, a.customer, a.class) = 3)
WHERE a.from_day <= d.day AND NOT (d.as_seen AND (a.noted_at AT TIME ZONE 'UTC')::date > d.day)
	AND (a.ended_on IS NULL OR a.ended_on > d.day OR d.as_seen AND (a.ended_at AT TIME ZONE 'UTC')::date > d.day);
INSERT INTO candidate
SELECT d.day, d.as_seen, i.id::text, v.kind, NULL, v.value, NULL, v.place, NULL
FROM day AS d CROSS JOIN invoice AS i JOIN customer AS c ON c.id = i.customer_id
CROSS JOIN LATERAL (VALUES ('procedure', i.procedure, 2), ('penalty_rule', i.rule_by, 2), ('language', c.language, 4), ('procedure', 'standard', 9), ('aging_scheme', 'standard', 9)) AS v (kind, value, place)
WHERE v.value IS NOT NULL;
CREATE TEMP TABLE model AS
SELECT DISTINCT ON (day, as_seen, item, kind) * FROM candidate WHERE kind <> 'owner' ORDER BY day, as_seen, item, kind, place, from_day DESC, assignment DESC;
CREATE INDEX ON model (day, as_seen, item, kind);
ANALYZE model, seen;
SELECT cmp_ok((SELECT count(*) FROM seen), '>', 700::bigint, 'rows of the work list on several days');
SELECT is((SELECT count(*) FROM seen WHERE problem IS NOT NULL), 0::bigint, 'without a problem');
SELECT is_empty($$ SELECT s.day, s.as_seen, s.item, s.procedure_name, m.value, m.place FROM seen AS s JOIN model AS m USING (day, as_seen, item) WHERE m.kind = 'procedure' AND m.value <> s.procedure_name $$, 'the procedure');
SELECT is_empty($$ SELECT s.day, s.as_seen, s.item, s.language, m.value FROM seen AS s LEFT JOIN model AS m ON (m.day, m.as_seen, m.item) = (s.day, s.as_seen, s.item) AND m.kind = 'language' WHERE m.value IS DISTINCT FROM s.language $$, 'the language');
SELECT is_empty($$ SELECT s.day, s.as_seen, s.item, s.rule, e.rule FROM seen AS s JOIN invoice AS i ON i.id::text = s.item JOIN customer AS c ON c.id = i.customer_id
	LEFT JOIN model AS m ON (m.day, m.as_seen, m.item) = (s.day, s.as_seen, s.item) AND m.kind = 'penalty_rule'
	CROSS JOIN LATERAL (SELECT CASE coalesce(m.value, i.currency) WHEN 'USD' THEN 'ten' WHEN 'abroad' THEN 'five' WHEN 'EUR' THEN 'two'
		WHEN 'ten' THEN CASE WHEN c.is_company THEN 'ten' ELSE 'ten-consumer' END ELSE m.value END AS rule) AS e WHERE e.rule IS DISTINCT FROM s.rule $$, 'the penalty rule');
SELECT is_empty($$ SELECT s.day, s.as_seen, s.item, s.bucket_label, m.value FROM seen AS s JOIN invoice AS i ON i.id::text = s.item JOIN model AS m USING (day, as_seen, item)
	WHERE m.kind = 'aging_scheme' AND s.bucket_label IS DISTINCT FROM (SELECT dunning.bucket_label(i.due_date, s.day, c.scheme) FROM dunning.scheme AS c WHERE c.name = m.value) $$, 'the bucket by the aging scheme');
CREATE TEMP TABLE owner_model AS
SELECT DISTINCT ON (s.day, s.as_seen, s.item) s.day, s.as_seen, s.item, v.value
FROM seen AS s JOIN invoice AS i ON i.id::text = s.item JOIN customer AS c ON c.id = i.customer_id
JOIN candidate AS a ON (a.day, a.as_seen, a.item) = (s.day, s.as_seen, s.item) AND a.kind = 'owner'
CROSS JOIN LATERAL (SELECT CASE a.value WHEN 'salesperson' THEN c.commercial ELSE a.value END AS value) AS v
WHERE v.value IS NOT NULL AND (a.step IS NULL OR a.step = s.channel OR a.step = s.step || ' ' || s.channel)
ORDER BY s.day, s.as_seen, s.item, CASE WHEN a.step LIKE '% %' THEN 1 WHEN a.step IS NOT NULL THEN 2 ELSE 3 END, a.place, a.from_day DESC, a.assignment DESC;
SELECT is_empty($$ SELECT s.*, m.value FROM seen AS s JOIN invoice AS i ON i.id::text = s.item JOIN customer AS c ON c.id = i.customer_id
	LEFT JOIN owner_model AS m ON (m.day, m.as_seen, m.item) = (s.day, s.as_seen, s.item) WHERE coalesce(m.value, c.commercial) IS DISTINCT FROM s.owner $$, 'the owner of the next step');
SELECT cmp_ok((SELECT count(DISTINCT (kind, place)) FROM model), '>=', 15::bigint, 'each level decided somewhere');
SELECT is_empty($$ SELECT m.*, a.* FROM model AS m CROSS JOIN LATERAL dunning.applies_to('invoice', item => m.item::dunning.item_key, as_of => m.day) AS a
	WHERE NOT m.as_seen AND m.day IN ('2026-03-31', '2026-05-05') AND a.kind = m.kind AND (m.kind <> 'penalty_rule' OR m.assignment IS NOT NULL)
		AND (a.assignment, a.level, a.source, CASE WHEN m.kind <> 'penalty_rule' THEN a.value END) IS DISTINCT FROM (m.assignment, CASE m.place WHEN 1 THEN 'item' WHEN 2 THEN 'item' WHEN 3 THEN 'customer' WHEN 4 THEN 'customer' WHEN 5 THEN 'class' ELSE 'ledger' END,
			CASE WHEN m.assignment IS NOT NULL THEN 'assignment' WHEN m.place < 9 THEN 'column' ELSE 'setting' END, CASE WHEN m.kind <> 'penalty_rule' THEN m.value END) $$, 'applies_to names what decides');
SELECT is_empty($$ SELECT s.item, s.owner, o FROM seen AS s CROSS JOIN LATERAL dunning.owner_of('invoice', item => s.item::dunning.item_key, as_of => s.day, step => s.step || ' ' || s.channel) AS o
	WHERE NOT s.as_seen AND s.day = '2026-04-10' AND o IS DISTINCT FROM s.owner $$, 'owner_of says the same');
-- what is claimed follows the rule of the day
SELECT dunning.claim_penalties('2026-05-05', from_day => '2026-01-01') \g /dev/null
SELECT is_empty($$ SELECT c.item, c.rule, s.rule FROM dunning.claim AS c JOIN seen AS s ON s.item = c.item::text WHERE s.day = '2026-05-05' AND NOT s.as_seen AND c.kind = 'interest' AND c.rule IS DISTINCT FROM s.rule $$, 'the rule of the claims');
SELECT cmp_ok((SELECT count(DISTINCT rule) FROM dunning.claim WHERE kind = 'interest'), '>=', 3::bigint, 'of several rules');
-- what runs raise is what the work list says, and stays right
CREATE TEMP TABLE due AS SELECT w.item, w.part, w.step, w.channel, w.label, w.language FROM dunning.worklist_as_of('2026-04-10') AS w WHERE w.state = 'due';
SELECT dunning.run_reminders('2026-04-10') \g /dev/null
SELECT set_eq('SELECT item, part, step, channel, label, language FROM dunning.reminder', 'SELECT * FROM due', 'a run raises by what is assigned');
SELECT cmp_ok((SELECT count(DISTINCT label) FROM dunning.reminder), '>=', 3::bigint, 'steps of several procedures');
SELECT dunning.run_reminders('2026-04-10') \g /dev/null
SELECT is((SELECT count(*) FROM dunning.reminder WHERE state <> 'pending'), 0::bigint, 'the same run again withdraws none');
SELECT set_eq($$ SELECT item, step FROM dunning.tonight WHERE event = 'withdraw' $$, $$ SELECT r.item, r.step FROM dunning.reminder AS r JOIN dunning.worklist_as_of(_dunning.real_day()) AS w USING (item, part)
	WHERE NOT EXISTS (SELECT FROM dunning.procedure AS p CROSS JOIN LATERAL dunning.steps(p.procedure) AS s WHERE p.name = w.procedure_name AND (s.step, s.channel, s.label) = (r.step, r.channel, r.label)) OR w.language IS DISTINCT FROM r.language $$,
	'what another procedure or language makes wrong is withdrawn');
ALTER TABLE dunning.assignment DISABLE TRIGGER ALL;
DELETE FROM dunning.assignment;
ALTER TABLE dunning.assignment ENABLE TRIGGER ALL;

--
-- The verbs
--
SELECT is(dunning.assign('invoice', 'procedure', 'vip', customer => '3', from_day => '2026-04-01', note => ' since the fair '), dunning.assign('invoice', 'procedure', 'vip', customer => '3', from_day => '2026-04-01'), 'the same again is the same');
SELECT is(pg_temp.applied('invoice', customer => '3', as_of => '2026-03-31'), 'procedure standard ledger setting; penalty_rule two ledger setting; aging_scheme standard ledger setting; calendar - default none; language - default none; owner - default none', 'the day before');
SELECT is(pg_temp.applied('invoice', customer => '3', as_of => '2026-04-01'), 'procedure vip customer assignment 2026-04-01; penalty_rule two ledger setting; aging_scheme standard ledger setting; calendar - default none; language - default none; owner - default none', 'its first day');
SELECT results_eq($$ SELECT note, noted_by FROM dunning.assignment $$, $$ VALUES ('since the fair', session_user::name) $$, 'who noted it');
SELECT is(dunning.end_assignment(assignment, ' by mistake ', from_day), true, 'it is ended on its first day') FROM dunning.assignment;
SELECT is(dunning.end_assignment(assignment, 'again', from_day), false, 'once') FROM dunning.assignment;
SELECT is(value, 'standard', 'it never was') FROM dunning.applies_to('invoice', customer => '3', as_of => '2026-04-01') WHERE kind = 'procedure';
SELECT isnt(dunning.assign('invoice', 'procedure', 'vip', customer => '3', from_day => '2026-04-01'), (SELECT min(assignment) FROM dunning.assignment), 'assigned again it is another');
SELECT dunning.assign('invoice', 'procedure', 'soft', customer => '3', from_day => '2026-05-01') \g /dev/null
SELECT results_eq($$ SELECT d::text, a.value FROM (VALUES (date '2026-03-31'), ('2026-04-30'), ('2026-05-01'), ('2027-01-01')) AS v (d) CROSS JOIN LATERAL dunning.applies_to('invoice', customer => '3', as_of => d) AS a WHERE a.kind = 'procedure' $$,
	$$ VALUES ('2026-03-31', 'standard'), ('2026-04-30', 'vip'), ('2026-05-01', 'soft'), ('2027-01-01', 'soft') $$, 'a later day comes first');
SELECT dunning.end_assignment(max(assignment), 'back', '2026-06-01') FROM dunning.assignment \g /dev/null
SELECT is(value, 'vip', 'what applied before applies again') FROM dunning.applies_to('invoice', customer => '3', as_of => '2026-06-01') WHERE kind = 'procedure';
-- a calendar: Monday 6 April to 30 April nothing goes out
SELECT dunning.assign('invoice', 'procedure', 'monday', from_day => '2026-01-01'), dunning.assign('invoice', 'calendar', 'shut', class => 'B', from_day => '2026-01-01') \g /dev/null
SELECT results_eq($$ SELECT w.class, min(w.step_on), max(w.step_on) FROM dunning.worklist_as_of('2026-03-01') AS w WHERE w.procedure_name = 'monday' AND w.due_on BETWEEN '2026-04-03' AND '2026-04-09' GROUP BY 1 ORDER BY 1 $$,
	$$ SELECT c.classe_client, min(s.day), max(s.day) FROM invoice AS i JOIN customer AS c ON c.id = i.customer_id
		CROSS JOIN LATERAL (SELECT min(d)::date AS day FROM generate_series(i.due_date + 3, i.due_date + 40, '1 day') AS d WHERE extract(isodow FROM d) < 6 AND NOT (c.classe_client IS NOT DISTINCT FROM 'B' AND d BETWEEN '2026-04-06' AND '2026-04-30')) AS s
		WHERE i.procedure IS NULL AND i.due_date BETWEEN '2026-04-03' AND '2026-04-09' GROUP BY 1 ORDER BY 1 $$, 'the days of a calendar that is assigned to a class');
SELECT results_eq($$ SELECT sum(steps)::bigint FROM dunning.back_test('3 email; wait 1; following business day', '2026-04-06', '2026-04-30', 'invoice') $$,
	$$ SELECT count(*) FROM invoice AS i JOIN customer AS c ON c.id = i.customer_id CROSS JOIN LATERAL (SELECT min(d)::date AS day FROM generate_series(i.due_date + 3, i.due_date + 70, '1 day') AS d
		WHERE extract(isodow FROM d) < 6 AND NOT (c.classe_client IS NOT DISTINCT FROM 'B' AND d BETWEEN '2026-04-06' AND '2026-04-30')) AS s WHERE s.day <= '2026-04-30' $$, 'and a back-test knows it');
SELECT is(pg_temp.said(statement), message, statement) FROM (VALUES
	($$ SELECT dunning.assign(NULL, 'owner', 'ann') $$, '22004 | the ledger of an assignment is missing | SELECT ledger FROM dunning.ledger lists them.'),
	($$ SELECT dunning.assign('nix', 'owner', 'ann') $$, '42704 | ledger "nix" does not exist | SELECT ledger FROM dunning.ledger lists them.'),
	($$ SELECT dunning.assign('invoice', 'colour', 'red') $$, '22023 | there is no kind of assignment "colour" | The kinds are procedure, penalty_rule, aging_scheme, calendar, language, owner, payer, customer_group and risk_party.'),
	($$ SELECT dunning.assign('invoice', NULL, 'red') $$, '22023 | there is no kind of assignment "NULL" | The kinds are procedure, penalty_rule, aging_scheme, calendar, language, owner, payer, customer_group and risk_party.'),
	($$ SELECT dunning.assign('invoice', 'owner', ' ') $$, '22004 | there is no value to assign | To take an assignment back: SELECT dunning.end_assignment(assignment, reason).'),
	($$ SELECT dunning.assign('invoice', 'owner', repeat('x', 201)) $$, '54000 | the value of an assignment is longer than 200 bytes'),
	($$ SELECT dunning.assign('invoice', 'procedure', 'nix') $$, '42704 | procedure "nix" does not exist | SELECT name FROM dunning.procedure lists them.'),
	($$ SELECT dunning.assign('invoice', 'penalty_rule', 'nix') $$, '42704 | penalty rule "nix" does not exist | SELECT name FROM dunning.rule lists them.'),
	($$ SELECT dunning.assign('invoice', 'aging_scheme', 'nix') $$, '42704 | aging scheme "nix" does not exist | SELECT name FROM dunning.scheme lists them.'),
	($$ SELECT dunning.assign('invoice', 'calendar', 'nix') $$, '42704 | calendar "nix" does not exist | SELECT name FROM dunning.holiday_calendar lists them.'),
	($$ SELECT dunning.assign('invoice', 'owner', 'ann', item => '1', class => 'A') $$, '22023 | an assignment is for an item, a customer, a class or a ledger | Give one of item, customer and class, or none for the whole ledger.'),
	($$ SELECT dunning.assign('invoice', 'owner', 'ann', item => '99') $$, '42704 | item "99" is not in ledger "invoice" | No row of the ledger is hidden. | SELECT item FROM dunning.open_item WHERE ledger = ''invoice'' lists the open ones.'),
	($$ SELECT dunning.assign('invoice', 'owner', 'ann', customer => '99') $$, '42704 | customer "99" has no item in ledger "invoice" | No row of the ledger is hidden. | SELECT DISTINCT customer FROM dunning.open_item WHERE ledger = ''invoice'' lists who owes something.'),
	($$ SELECT dunning.assign('invoice', 'owner', 'ann', class => '') $$, '22023 | a class is a text of 1 to 1000 bytes'),
	($$ SELECT dunning.assign('invoice', 'owner', 'ann', from_day => 'infinity') $$, '22008 | an assignment cannot begin on infinity | Its days are of the years 0001 to 9999.'),
	($$ SELECT dunning.assign('invoice', 'language', 'fr', step => 'phone') $$, '22023 | only an owner is assigned to a step | Leave the step out, or assign a procedure that has another step.'),
	($$ SELECT dunning.assign('invoice', 'owner', 'ann', step => '6 phone') $$, '42704 | no procedure has a step "6 phone" | A step is its day and channel, such as 5 phone, or a channel for all its steps, such as phone.'),
	($$ SELECT dunning.end_assignment(NULL, 'x') $$, 'P0002 | assignment NULL does not exist | SELECT * FROM dunning.assignment lists them; SELECT * FROM dunning.applies_to(ledger, item) says which one decides.'),
	($$ SELECT dunning.end_assignment(1, ' ') $$, '22023 | a reason is needed to end an assignment | It says later why something else applies.'),
	($$ SELECT * FROM dunning.applies_to('invoice', item => '99') $$, 'P0002 | item "99" of ledger "invoice" was not found | It is not in the ledger on that day, or the current user may not see it.'),
	($$ SELECT * FROM dunning.applies_to('invoice', customer => '99') $$, 'P0002 | customer "99" of ledger "invoice" was not found | It is not in the ledger on that day, or the current user may not see it.'),
	($$ SELECT * FROM dunning.applies_to('invoice', '1', '1') $$, '22023 | what applies is asked of an item, a customer or a ledger | Give the item or the customer, or none for the ledger.'),
	($$ SELECT * FROM dunning.applies_to('nix') $$, '42704 | ledger "nix" does not exist | SELECT ledger FROM dunning.ledger lists them.'),
	($$ SELECT * FROM dunning.applies_to(NULL) $$, '22004 | the ledger is missing | SELECT ledger FROM dunning.ledger lists them.'),
	($$ SELECT * FROM dunning.applies_to('invoice', as_of => 'infinity') $$, '22023 | nothing applies on infinity | Give a day.')) AS v (statement, message);
SELECT is(pg_temp.said(format(v.statement, max(a.assignment))), format(v.message, max(a.assignment)), v.statement) FROM dunning.assignment AS a CROSS JOIN (VALUES
	('SELECT dunning.end_assignment(%s, ''x'', ''2025-12-31'')', '22023 | assignment %s cannot end on 2025-12-31 | It begins on 2026-01-01. | on_day is the first day without it; ended on its first day it never applied.'),
	('UPDATE dunning.assignment SET value = ''x'' WHERE assignment = %s RETURNING 1', '55000 | assignment %1$s cannot be changed in this way | It is a fact: only its end is filled in, once. Changed: value. | End it, or assign another: SELECT dunning.end_assignment(%1$s, ...).'),
	('DELETE FROM dunning.assignment WHERE assignment = %s RETURNING 1', '55000 | assignment %1$s cannot be deleted | It is a fact, which answers for its days. | What was noted by mistake is ended on its first day: SELECT dunning.end_assignment(assignment, reason, from_day) FROM dunning.assignment WHERE assignment = %1$s.'))
	AS v (statement, message) GROUP BY v.statement, v.message;
SELECT is(pg_temp.said(v.statement), format(v.message, a.assignment), v.statement) FROM (VALUES
	('calendar', $$ DELETE FROM dunning.holiday_calendar WHERE name = 'shut' RETURNING 1 $$, '23503 | calendar "shut" is in use by assignment %1$s | End it first: SELECT dunning.end_assignment(%1$s, ...).'),
	('procedure', $$ UPDATE dunning.procedure SET name = 'tuesday' WHERE name = 'monday' RETURNING 1 $$, '23503 | procedure "monday" is in use by assignment %1$s | End it first: SELECT dunning.end_assignment(%1$s, ...).'))
	AS v (kind, statement, message) JOIN dunning.assignment AS a ON a.kind = v.kind AND a.value IN ('shut', 'monday');
SELECT lives_ok($$ DELETE FROM dunning.procedure WHERE name = 'hard' $$, 'what is not assigned can go');
SELECT lives_ok($$ UPDATE dunning.procedure SET procedure = '4 email; wait 1; following business day' WHERE name = 'monday' $$, 'what is assigned can change');
-- rates that an assigned rule needs
INSERT INTO dunning.reference_series (series, holds) VALUES ('mine', 'until changed');
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('mine', '2026-01-01', 1);
INSERT INTO dunning.rule (name, series) VALUES ('by mine', 'mine');
SELECT is((SELECT count(*) FROM _dunning.rates_missing(pg_temp.now() + 400, '{invoice}') WHERE series = 'mine'), 0::bigint, 'nobody needs it');
SELECT dunning.assign('invoice', 'penalty_rule', 'by mine', item => '2') \g /dev/null
SELECT is((SELECT ledgers::text FROM _dunning.rates_missing(pg_temp.now() + 400, '{invoice}') WHERE series = 'mine'), (SELECT ledgers::text FROM dunning.missing_rates(pg_temp.now() + 400) WHERE series = 'mine'), 'a rule that is assigned needs its rates');

--
-- Owners and their stand-ins
--
SELECT is(dunning.on_duty('ann', '2026-04-10'), 'ann', 'nobody is away');
SELECT dunning.note_absence('ann', '2026-04-06', '2026-04-10', 'bob', 'leave'), dunning.note_absence('bob', '2026-04-08', '2026-04-09', 'eve'), dunning.note_absence('eve', '2026-04-09', '2026-04-09', 'ann'), dunning.note_absence('sam', '2026-04-01', '2026-04-30') \g /dev/null
SELECT is(dunning.on_duty(v.owner, v.day), v.who, v.owner || ' on ' || v.day) FROM (VALUES
	('ann', date '2026-04-05', 'ann'), ('ann', '2026-04-06', 'bob'), ('ann', '2026-04-07', 'bob'), ('ann', '2026-04-08', 'eve'), ('ann', '2026-04-09', 'ann'), ('bob', '2026-04-09', 'bob'), ('ann', '2026-04-10', 'bob'), ('ann', '2026-04-11', 'ann'),
	('bob', '2026-04-08', 'eve'), ('sam', '2026-04-10', 'sam'), (NULL, '2026-04-10', NULL)) AS v (owner, day, who);
SELECT dunning.assign('invoice', 'owner', 'ann', from_day => '2026-01-01'), dunning.assign('invoice', 'owner', 'salesperson', step => 'phone', from_day => '2026-01-01') \g /dev/null
SELECT is(dunning.owner_of('invoice', customer => v.customer, as_of => v.day, step => v.step), v.who, concat_ws(' ', 'customer', v.customer, v.step, v.day)) FROM (VALUES
	('2'::dunning.item_key, date '2026-04-05', NULL, 'ann'), ('2', '2026-04-06', NULL, 'bob'), ('2', '2026-04-05', '5 phone', 'sam'), ('2', '2026-04-05', '5 email', 'ann'), ('1', '2026-04-05', '5 phone', 'ann')) AS v (customer, day, step, who);
SELECT is(dunning.end_absence(min(absence), 'well again', '2026-04-07'), true, 'back earlier') FROM dunning.absence;
SELECT is(dunning.on_duty('ann', '2026-04-06') || ' ' || dunning.on_duty('ann', '2026-04-07'), 'bob ann', 'is there from that day on');
SELECT is(dunning.end_absence(min(absence), 'again', '2026-04-07'), false, 'once') FROM dunning.absence;
SELECT is(pg_temp.said(statement), message, statement) FROM (VALUES
	($$ SELECT dunning.note_absence(' ', '2026-04-06', '2026-04-10') $$, '22004 | who is absent? | Give the owner, as dunning.assign names him.'),
	($$ SELECT dunning.note_absence('ann', '2026-04-06', '2026-04-10', 'ann ') $$, '22023 | owner "ann" cannot stand in for himself | Give somebody else, or nobody.'),
	($$ SELECT dunning.note_absence('ann', '2026-04-06', '2026-04-05') $$, '22023 | an absence cannot last from 2026-04-06 until 2026-04-05 | Give its first and its last day, of the years 0001 to 9999.'),
	($$ SELECT dunning.note_absence('ann', '2026-04-06', NULL) $$, '22023 | an absence cannot last from 2026-04-06 until NULL | Give its first and its last day, of the years 0001 to 9999.'),
	($$ SELECT dunning.note_absence(repeat('x', 201), '2026-04-06', '2026-04-07') $$, '54000 | the name of an owner is longer than 200 bytes'),
	($$ SELECT dunning.end_absence(0, 'x') $$, 'P0002 | absence 0 does not exist | SELECT * FROM dunning.absence lists them.'),
	($$ SELECT dunning.end_absence(0, '') $$, '22023 | a reason is needed to end an absence | It says later why the owner was back.')) AS v (statement, message);

--
-- Who may
--
CREATE ROLE assign_viewer;
CREATE ROLE assign_north;
CREATE ROLE assign_collector;
CREATE ROLE assign_nobody;
SELECT dunning.grant_access('assign_viewer', 'viewer'), dunning.grant_access('assign_north', 'collector', company => 'North'), dunning.grant_access('assign_collector', 'collector') \g /dev/null
GRANT SELECT ON invoice, customer TO assign_viewer, assign_north, assign_collector, assign_nobody;
SELECT dunning.assign('invoice', 'owner', 'ann', item => '1'), dunning.assign('invoice', 'owner', 'bob', item => '2') \g /dev/null
SELECT results_eq($$ SELECT item::text, company FROM dunning.assignment WHERE item IS NOT NULL AND kind = 'owner' ORDER BY 1 $$, $$ VALUES ('1', 'South'), ('2', 'North') $$, 'the company of an item is noted');
SELECT is(pg_temp.said(v.statement, v.role), v.message, v.role || v.statement) FROM (VALUES
	('assign_viewer', $$ SELECT value FROM dunning.applies_to('invoice', item => '1') WHERE kind = 'owner' $$, 'ann'),
	('assign_viewer', $$ SELECT dunning.owner_of('invoice', item => '2') $$, 'bob'),
	('assign_viewer', $$ SELECT dunning.assign('invoice', 'owner', 'ann', item => '1') $$, '42501 | permission denied for function assign'),
	('assign_viewer', $$ SELECT dunning.note_absence('ann', '2026-04-06', '2026-04-10') $$, '42501 | permission denied for function note_absence'),
	('assign_north', $$ SELECT string_agg(item::text, ' ' ORDER BY item) FROM dunning.assignment WHERE item IS NOT NULL AND kind = 'owner' $$, '2'),
	('assign_north', $$ SELECT count(*) FROM dunning.assignment WHERE class = 'B' $$, '1'),
	('assign_north', $$ SELECT value FROM dunning.applies_to('invoice', item => '2') WHERE kind = 'owner' $$, 'bob'),
	('assign_north', $$ SELECT value FROM dunning.applies_to('invoice', item => '1') WHERE kind = 'owner' $$, 'P0002 | item "1" of ledger "invoice" was not found | It is not in the ledger on that day, or the current user may not see it.'),
	('assign_north', $$ SELECT dunning.assign('invoice', 'owner', 'eve', item => '4') IS NOT NULL $$, 'true'),
	('assign_north', $$ SELECT dunning.assign('invoice', 'owner', 'eve', item => '1') $$, '42501 | role "assign_north" may not assign to what belongs to company "South" in ledger "invoice" | Its access is limited to other ledgers or companies. | SELECT * FROM dunning.access shows its access.'),
	('assign_north', $$ SELECT dunning.assign('invoice', 'owner', 'eve', customer => '2') $$, '42501 | role "assign_north" may not assign to what belongs to no company, or to all, in ledger "invoice" | Its access is limited to other ledgers or companies. | SELECT * FROM dunning.access shows its access.'),
	('assign_north', $$ INSERT INTO dunning.assignment (ledger, item, company, kind, value, from_day) VALUES ('invoice', '1', 'North', 'owner', 'eve', '2026-01-01') RETURNING 1 $$, '42501 | item "1" of ledger "invoice" is not of company "North" | Note it with the function that the comment of the table names.'),
	('assign_collector', $$ SELECT dunning.assign('invoice', 'procedure', 'vip', customer => '2') IS NOT NULL $$, 'true'),
	('assign_collector', $$ SELECT dunning.note_absence('ann', '2026-04-06', '2026-04-10') IS NOT NULL $$, 'true'),
	('assign_collector', $$ SELECT dunning.end_absence(max(absence), 'x', '2026-04-06') FROM dunning.absence $$, 'true'),
	('assign_collector', $$ UPDATE dunning.assignment SET noted_by = 'x' RETURNING 1 $$, '42501 | permission denied for table assignment'),
	('assign_nobody', $$ SELECT count(*) FROM dunning.assignment $$, '42501 | permission denied for table assignment')) AS v (role, statement, message);
SELECT is(pg_temp.said(format('SELECT dunning.end_assignment(%s, ''x'')', max(assignment)), 'assign_north'), format('42501 | role "assign_north" may not change assignment %s | SELECT * FROM dunning.access shows its access.', max(assignment)), 'nor end what is of all companies')
FROM dunning.assignment WHERE customer IS NOT NULL AND ended_on IS NULL;

--
-- why says what was assigned
--
INSERT INTO dunning.procedure (name, procedure) VALUES ('harder', '2 letter; wait 1');
SELECT dunning.assign('invoice', 'procedure', 'harder', item => '7', from_day => '2026-04-01', note => 'two broken promises'), dunning.assign('invoice', 'penalty_rule', 'five', class => 'A', from_day => '2026-04-02'),
	dunning.assign('invoice', 'calendar', 'shut', from_day => '2026-04-03') \g /dev/null
UPDATE customer SET classe_client = 'A' WHERE id = (SELECT customer_id FROM invoice WHERE id = 7);
UPDATE invoice SET rule_by = NULL WHERE id = 7;
CREATE FUNCTION pg_temp.assigned_words(language text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(w.on_day || ' ' || regexp_replace(w.what, '(assignment|affectation) \d+', '\1 N'), '; ' ORDER BY w.nth) FROM dunning.why('invoice', '7', '2026-04-10', language) AS w WHERE w.about = 'assignment' $$;
SELECT is(pg_temp.assigned_words('en'), '2026-04-01 Procedure "harder": assignment N to this item (two broken promises); 2026-04-02 Penalty rule "five": assignment N to the class "A"; 2026-04-03 Calendar "shut": assignment N to the whole ledger', 'why');
SELECT is(pg_temp.assigned_words('fr'), '2026-04-01 Procédure « harder » : affectation N de ce poste (two broken promises); 2026-04-02 Règle de pénalités « five » : affectation N de la classe « A »; 2026-04-03 Calendrier « shut » : affectation N de tout le grand livre', 'in French');

SELECT * FROM finish();
ROLLBACK;
