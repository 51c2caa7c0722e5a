-- What a due date says of an item on a day.
SET search_path = public;
SET datestyle = 'ISO, YMD';
\pset null '(null)'

-- published examples: a day that is due today is not overdue; penalties run from the day after
SELECT dunning.days_past_due('2026-01-31', '2026-01-31') AS today,
	dunning.days_past_due('2026-01-31', '2026-02-01') AS after,
	dunning.days_past_due('2026-01-31', '2026-01-01') AS before,
	dunning.days_past_due('2024-02-28', '2024-03-01') AS leap;
SELECT dunning.days_past_due('0001-01-01', '5874897-12-31') AS widest,
	dunning.days_past_due('4714-11-24 BC', '5874897-12-31') AS whole_calendar,
	dunning.days_past_due('infinity', '2026-01-01') AS never_due,
	dunning.days_past_due('2026-01-01', '-infinity') AS ever,
	dunning.days_past_due(NULL, '2026-01-01') AS unknown;
SELECT dunning.days_past_due(_dunning.real_day() - 3) AS three, dunning.is_overdue(_dunning.real_day()) AS no,
	dunning.is_overdue(_dunning.real_day() - 1) AS yes, dunning.item_status(1, _dunning.real_day()) AS due_today;

-- strict, with grace days, and over the whole calendar
SELECT d AS due_on, g AS grace, dunning.is_overdue(d, '2026-06-04', g)
FROM (VALUES ('2026-06-01'::date), ('2026-06-03'), ('2026-06-04'), ('2026-06-05')) AS v (d),
	(VALUES (0), (1), (3), (-1)) AS w (g)
ORDER BY d, g;
SELECT dunning.is_overdue('-infinity', '2026-01-01'), dunning.is_overdue('infinity', '2026-01-01'),
	dunning.is_overdue('2026-01-01', 'infinity'), dunning.is_overdue('infinity', 'infinity'),
	dunning.is_overdue(NULL, '2026-01-01') AS unknown, dunning.is_overdue('2026-01-01', '2026-01-02', NULL) AS no_grace_known;

-- as a plan it is the comparison itself; as a function it must say the same,
-- also where as_of less the grace days leaves the calendar
CREATE TABLE days AS
	SELECT d, a, g
	FROM (VALUES ('-infinity'::date), ('4714-11-24 BC'), ('4714-11-25 BC'), ('2026-06-01'), ('2026-06-04'), ('5874897-12-31'), ('infinity'), (NULL)) AS v (d),
		(VALUES ('-infinity'::date), ('4714-11-24 BC'), ('4714-11-30 BC'), ('2026-06-04'), ('5874897-12-31'), ('infinity'), (NULL)) AS w (a),
		(VALUES (0), (1), (3), (-3), (2147483647), (-2147483648), (NULL)) AS x (g);
CREATE FUNCTION is_overdue_unplanned(date, date, integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
	$$ BEGIN RETURN dunning.is_overdue($1, $2, $3); END $$;
-- the same in 64 bits, by the definition
CREATE FUNCTION is_overdue_defined(d date, a date, g integer) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN
	CASE WHEN d IS NULL OR a IS NULL THEN NULL
		WHEN isfinite(d) AND isfinite(a) THEN (a - d)::bigint > coalesce(g, 0)
		ELSE d < a END;
SELECT count(*) AS cases, count(*) FILTER (WHERE dunning.is_overdue(d, a, g) IS DISTINCT FROM is_overdue_unplanned(d, a, g)) AS plan_differs,
	count(*) FILTER (WHERE dunning.is_overdue(d, a, g) IS DISTINCT FROM is_overdue_defined(d, a, g)) AS wrong
FROM days;

-- the index on the due date serves it
CREATE TABLE invoice (id integer PRIMARY KEY, due_on date, note text);
INSERT INTO invoice SELECT i, '2020-01-01'::date + i, repeat('x', 100) FROM generate_series(0, 4999) AS i;
CREATE INDEX invoice_due_on ON invoice (due_on);
ANALYZE invoice;
EXPLAIN (COSTS OFF) SELECT id FROM invoice WHERE dunning.is_overdue(due_on, '2020-01-31');
EXPLAIN (COSTS OFF) SELECT id FROM invoice WHERE dunning.is_overdue(due_on, '2020-01-31', 5);
SELECT count(*) FROM invoice WHERE dunning.is_overdue(due_on, '2020-01-31');
SELECT count(*) FROM invoice WHERE dunning.is_overdue(due_on, '2020-01-31', 5);
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS
	$$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END $$;
SELECT p FROM plan_of('SELECT id FROM invoice WHERE dunning.is_overdue(due_on, dunning.today() - 5000)') AS p WHERE p ~ 'Index Cond';
PREPARE overdue(date, integer) AS SELECT count(*) FROM invoice WHERE dunning.is_overdue(due_on, $1, $2);
SET plan_cache_mode = force_generic_plan;
EXECUTE overdue('2020-01-31', 5);
SELECT p FROM plan_of('EXECUTE overdue(''2020-01-31'', 5)') AS p WHERE p ~ 'Index Cond';
RESET plan_cache_mode;
-- usable in an index and a generated column, so immutable in earnest
CREATE INDEX ON invoice (dunning.is_overdue(due_on, '2020-02-01', 0));
ALTER TABLE invoice ADD late integer GENERATED ALWAYS AS (dunning.days_past_due(due_on, '2020-02-01')) STORED;
SELECT min(late), max(late) FROM invoice;

-- the status of an item
SELECT a AS open_amount, d AS due_on, dunning.item_status(a, d, '2026-06-04')
FROM (VALUES (0::numeric), (0.00), (-0.01), (0.01), (1e-30), (1e30), (-1e30), ('NaN'), ('Infinity'), ('-Infinity'), (NULL)) AS v (a),
	(VALUES ('2026-06-03'::date), ('2026-06-04'), ('2026-06-05'), ('infinity'), (NULL)) AS w (d)
WHERE a IS NOT NULL OR d = '2026-06-03'
ORDER BY a, scale(a), d;

-- the day that the ledger layer answers for
SELECT dunning.today() = _dunning.real_day() AS default_is_the_current_date;
SET dunning.today = '2026-03-31';
SELECT dunning.today() = DATE '2026-03-31' AS set;
-- what has no day of its own answers for it, too, and by the same plan
SELECT dunning.days_past_due('2026-03-01') AS days, dunning.is_overdue('2026-03-31') AS no, dunning.is_overdue('2026-03-30') AS yes,
	dunning.item_status(1, '2026-03-31') AS due_today, dunning.aging_bucket('2026-02-10') AS bucket, dunning.bucket_label('2026-02-10') AS label,
	(dunning.next_step('5 email', '2026-03-26')).state AS step, (dunning.decide('5 email', '2026-03-27')).state AS step_of_tomorrow;
EXPLAIN (COSTS OFF) SELECT id FROM invoice WHERE dunning.is_overdue(due_on);
SET dunning.today = '2020-01-31';
SELECT count(*) FROM invoice WHERE dunning.is_overdue(due_on);
SELECT p FROM plan_of('SELECT id FROM invoice WHERE dunning.is_overdue(due_on)') AS p WHERE p ~ 'Index Cond';
SET dunning.today = ' 2024-02-29 ';
SELECT dunning.today() = DATE '2024-02-29' AS leap_day;
SET dunning.today = '';
SELECT dunning.today() = _dunning.real_day() AS empty_is_the_current_date;
DO $$
DECLARE
	literal text;
	state text; message text; detail text; hint text;
BEGIN
	FOREACH literal IN ARRAY ARRAY['31/03/2026', '2026-02-30', '2026-02-29', '2026-13-01', '2026-3-1', 'today', '2026-03-31 12:00', '0000-01-01', '10000-01-01', 'infinity'] LOOP
		BEGIN
			PERFORM set_config('dunning.today', literal, false);
			RAISE EXCEPTION 'accepted %', literal;
		EXCEPTION WHEN invalid_parameter_value THEN
			GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
			RAISE INFO '% % (%)', state, message, detail;
		END;
	END LOOP;
END $$;
SELECT current_setting('dunning.today') AS unchanged;
SET dunning.yesterday = '2026-01-01';

DROP TABLE days, invoice;
DROP FUNCTION is_overdue_unplanned, is_overdue_defined, plan_of;
