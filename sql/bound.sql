-- What an ORM binds: varchar, text, or a parameter without a type.
\pset null ~
\set VERBOSITY terse
SET datestyle = 'ISO, YMD';
CREATE TEMP TABLE item (id integer, amount numeric, due_on date, rule varchar(40), scheme varchar(40), steps text);
INSERT INTO item VALUES (1, 1000, '2026-01-01', '10%', '30,60', '5 email; 15 letter'),
	(2, 1000, '2026-01-15', '12%; compensation 40 EUR', '10', '1 phone'), (3, 1000, '2026-01-15', '12%; compensation 40 EUR', NULL, NULL);

-- A parameter of each type, and a literal.
PREPARE interest_varchar(varchar) AS SELECT dunning.late_interest(1000, '2026-01-01', '2026-03-01', $1), dunning.late_interest('{2026-01-01: 1000}'::dunning.balance_history, '2026-01-01', '2026-03-01', $1);
PREPARE interest_text(text) AS SELECT dunning.late_interest(1000, '2026-01-01', '2026-03-01', $1);
PREPARE interest_unknown AS SELECT dunning.late_interest(1000, '2026-01-01', '2026-03-01', $1);
EXECUTE interest_varchar('10%');
EXECUTE interest_varchar(NULL);
EXECUTE interest_varchar('ten');
EXECUTE interest_text('10%');
EXECUTE interest_unknown('10%');
SELECT dunning.late_interest(1000, '2026-01-01', '2026-03-01', '10%');
SELECT dunning.late_interest(1000, '2026-01-01', '2026-03-01', NULL);
PREPARE penalty(varchar) AS
	SELECT dunning.late_compensation(1000, '2026-01-01', '2026-03-01', $1), dunning.late_compensation(1000, '2026-01-01', '2026-03-01', $1, false),
		dunning.late_compensation('{2026-01-01: 1000}'::dunning.balance_history, '2026-01-01', '2026-03-01', $1),
		dunning.late_penalty(1000, '2026-01-01', '2026-03-01', $1), dunning.late_penalty('{2026-01-01: 1000}'::dunning.balance_history, '2026-01-01', '2026-03-01', $1, false);
EXECUTE penalty('10%; compensation 40 EUR if professional');
PREPARE segments(varchar) AS
	SELECT kind, days, amount FROM dunning.explain_penalty(1000, '2026-01-01', '2026-03-01', $1)
	UNION ALL SELECT kind, days, amount FROM dunning.explain_penalty('{2026-01-01: 1000}'::dunning.balance_history, '2026-01-01', '2026-03-01', $1);
EXECUTE segments('10%; compensation 40 EUR');
PREPARE bucket(varchar) AS
	SELECT dunning.aging_bucket('2026-01-01', '2026-03-01', $1), dunning.bucket_label('2026-01-01', '2026-03-01', $1), dunning.bucket_label($1, 2),
		dunning.in_aging_bucket('2026-01-01', '2026-03-01', 2, $1), dunning.aging_bucket_from('2026-03-01', 2, $1), dunning.aging_bucket_to('2026-03-01', 1, $1);
EXECUTE bucket('30,50');
EXECUTE bucket('fifty');
SELECT dunning.aging_bucket('2026-01-01', '2026-03-01', '30,50'), dunning.aging_bucket('2026-01-01', '2026-03-01'), dunning.bucket_label('30,50', 2),
	dunning.bucket_label('2026-01-01', '2026-03-01', '30,50'), dunning.aging_bucket('2026-01-01', scheme => '30,50') > 1 AS named;
PREPARE step(varchar) AS SELECT (dunning.next_step($1, '2026-01-01', '2026-01-10')).*;
EXECUTE step('5 email; 15 letter');
EXECUTE step(NULL);
SELECT (dunning.next_step('5 email; 15 letter', '2026-01-01', '2026-01-10', last_level => 1)).level;

-- A column: each row has its own text, and what is kept of one is no other's.
SELECT i.id, n, dunning.late_interest(i.amount, i.due_on, '2026-03-01', i.rule), (dunning.late_penalty(i.amount, i.due_on, '2026-03-01', i.rule)).compensation,
	dunning.aging_bucket(i.due_on, '2026-03-01', i.scheme), (dunning.next_step(i.steps, i.due_on, '2026-03-01')).channel
FROM item AS i, generate_series(1, 2) AS n ORDER BY n, i.id;
SELECT count(DISTINCT dunning.late_interest(1000, '2025-01-01', '2026-01-01', n || '%')), sum(dunning.late_interest(1000, '2025-01-01', '2026-01-01', (n % 7)::text || '%')) FROM generate_series(1, 500) AS n;

-- A bucket by a text is an index range, known or bound.
CREATE TEMP TABLE due (due_on date);
INSERT INTO due SELECT '2025-01-01'::date + n FROM generate_series(0, 999) AS n;
CREATE INDEX ON due (due_on);
ANALYZE due;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
PREPARE in_bucket(varchar) AS SELECT count(*) FROM due WHERE dunning.in_aging_bucket(due_on, '2026-03-01', 1, $1);
SET plan_cache_mode = force_custom_plan;
EXPLAIN (COSTS off) EXECUTE in_bucket('30,60');
EXECUTE in_bucket('30,60');
EXPLAIN (COSTS off) SELECT count(*) FROM due WHERE dunning.in_aging_bucket(due_on, '2026-03-01', 1, '30,60');
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS off) EXECUTE in_bucket('30,60');
EXECUTE in_bucket('30,60');
EXECUTE in_bucket('90,95');
RESET plan_cache_mode;
RESET enable_seqscan;
RESET enable_bitmapscan;
-- an index and a generated column
CREATE INDEX ON item (dunning.late_interest(amount, due_on, '2026-03-01', rule));
ALTER TABLE item ADD bucket integer GENERATED ALWAYS AS (dunning.aging_bucket(due_on, '2026-03-01', scheme)) STORED;
SELECT id, bucket FROM item ORDER BY id;

-- Columns of our types take what is bound.
CREATE TEMP TABLE kept (rule dunning.penalty_rule, scheme dunning.aging_scheme, steps dunning.dunning_procedure, terms dunning.payment_terms,
	days dunning.calendar, rates dunning.rate_history);
PREPARE put(varchar, varchar, varchar, varchar, varchar, varchar) AS INSERT INTO kept VALUES ($1, $2, $3, $4, $5, $6);
PREPARE put_text(text, text, text, text, text, text) AS INSERT INTO kept VALUES ($1, $2, $3, $4, $5, $6);
EXECUTE put('10%', '30', '5 email', 'net 30', 'sun', '{2026-01-01: 5}');
EXECUTE put_text('11%', '40', '6 email', 'net 40', 'sat', '{2026-01-01: 6}');
EXECUTE put('ten', '30', '5 email', 'net 30', 'sun', '{2026-01-01: 5}');
PREPARE change(varchar) AS UPDATE kept SET terms = $1 WHERE rule = '10%';
EXECUTE change('2% 10 days, net 30');
PREPARE change_scheme(varchar, text) AS UPDATE dunning.scheme SET scheme = $1 WHERE name = $2;
EXECUTE change_scheme('10,20', 'no such');
SELECT * FROM kept ORDER BY rule;
-- what is no assignment needs a cast
PREPARE compare(varchar) AS SELECT count(*) FROM kept WHERE rule = $1;
PREPARE compare(varchar) AS SELECT count(*) FROM kept WHERE rule = $1::dunning.penalty_rule;
EXECUTE compare('10%');
PREPARE compare_unknown AS SELECT count(*) FROM kept WHERE rule = $1;
EXECUTE compare_unknown('10%');
SELECT DISTINCT castcontext FROM pg_cast WHERE casttarget = ANY (ARRAY['dunning.penalty_rule', 'dunning.aging_scheme', 'dunning.dunning_procedure',
	'dunning.payment_terms', 'dunning.calendar', 'dunning.rate_history']::regtype[]) AND castsource <> casttarget;
DEALLOCATE ALL;
