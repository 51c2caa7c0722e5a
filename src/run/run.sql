-- The dunning run.

CREATE FUNCTION _dunning.run_batch_size() RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 1000;
COMMENT ON FUNCTION _dunning.run_batch_size() IS 'Reminders that a run writes in one transaction';

-- What is due is read once and written in batches that commit, so it has to be
-- kept in between.  A temporary table would belong to whoever made one of that name
-- in the session before, with triggers of his own; this table belongs to us.  It
-- needs no WAL: what a crash empties, the next run reads again.
CREATE UNLOGGED TABLE _dunning.run_item (
	run bigint,
	nth bigint GENERATED ALWAYS AS IDENTITY,
	ledger name NOT NULL,
	item dunning.item_key NOT NULL,
	part integer NOT NULL,
	step text NOT NULL,
	level integer NOT NULL,
	occurrence integer NOT NULL,
	last_step text,
	last_channel text,
	channel text NOT NULL,
	label text,
	manual boolean NOT NULL,
	fee numeric,
	fee_currency text,
	customer dunning.item_key,
	customer_name text,
	email text,
	phone text,
	language text,
	company text,
	currency text,
	reference text,
	due_on date,
	days_past_due integer,
	open_amount numeric,
	held_amount numeric,
	late_interest numeric,
	compensation numeric,
	compensation_currency text,
	late_fee numeric,
	procedure_name text NOT NULL,
	procedure_hash bigint NOT NULL,
	PRIMARY KEY (run, nth)
);
COMMENT ON TABLE _dunning.run_item IS 'What the run that is working now has read as due: empty when none is';
COMMENT ON COLUMN _dunning.run_item.run IS 'The run';
COMMENT ON COLUMN _dunning.run_item.nth IS 'Number in the order of reading';
COMMENT ON COLUMN _dunning.run_item.last_step IS 'Last step that the item had when it was read; NULL: none';
COMMENT ON COLUMN _dunning.run_item.last_channel IS 'Channel of that step';
COMMENT ON COLUMN _dunning.run_item.procedure_name IS 'Name of the procedure of the step';
COMMENT ON COLUMN _dunning.run_item.procedure_hash IS 'Hash of the procedure: a changed one is for the next run';
DO $$
DECLARE
	a record;
BEGIN
	FOR a IN
		SELECT t.attname, pg_catalog.col_description('dunning.reminder'::pg_catalog.regclass, r.attnum) AS comment
		FROM pg_catalog.pg_attribute AS t
		JOIN pg_catalog.pg_attribute AS r ON r.attrelid = 'dunning.reminder'::pg_catalog.regclass AND r.attname = t.attname AND r.attname <> 'run'
		WHERE t.attrelid = '_dunning.run_item'::pg_catalog.regclass AND t.attnum > 0
	LOOP
		EXECUTE pg_catalog.format('COMMENT ON COLUMN _dunning.run_item.%I IS %L', a.attname, a.comment);
	END LOOP;
END
$$;

-- Writers go by the real date: a setting of the session, which may be a pooled
-- one, says nothing of it.
CREATE FUNCTION _dunning.run_day(as_of date) RETURNS date
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	day CONSTANT date := coalesce(as_of, _dunning.real_day());
BEGIN
	IF day NOT BETWEEN '0001-01-01' AND '9999-12-31' THEN
		RAISE EXCEPTION 'no run is possible on %', day
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a day of the years 0001 to 9999.';
	END IF;
	IF day > _dunning.real_day() THEN
		RAISE EXCEPTION 'no run is possible on %, a day to come', to_char(day, 'YYYY-MM-DD')
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('Today is %s.', to_char(_dunning.real_day(), 'YYYY-MM-DD')),
				HINT = format('BEGIN; SET LOCAL dunning.today = ''%s''; SELECT * FROM dunning.worklist; COMMIT shows what will be due.', to_char(day, 'YYYY-MM-DD'));
	END IF;
	RETURN day;
END
$$;
COMMENT ON FUNCTION _dunning.run_day(date) IS 'The day of a run: the real day, whatever dunning.today says, or the given one; error 22023 for a day to come or outside the years 1 to 9999';

CREATE FUNCTION _dunning.run_refused(as_of date, ledger name, kind text DEFAULT 'reminders') RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	who text;
BEGIN
	SELECT concat_ws(', ', 'run ' || h.run, 'role ' || h.role, 'process ' || h.pid, 'since ' || to_char(h.since, 'YYYY-MM-DD HH24:MI:SS')) INTO who
	FROM dunning.run_holder(run_refused.kind) AS h;
	who := coalesce(who, 'gone meanwhile');
	INSERT INTO dunning.run_log (as_of, ledger, kind, finished_at, refused)
	VALUES (_dunning.run_day(run_refused.as_of), run_refused.ledger, run_refused.kind, clock_timestamp(), who);
	RAISE WARNING '%: nothing done',
		CASE run_refused.kind WHEN 'claims' THEN 'another session is booking claims' ELSE 'another dunning run is working' END
		USING DETAIL = format('It is: %s.', who), HINT = format('SELECT * FROM dunning.run_holder(%L) says whether it still is.', run_refused.kind);
END
$$;
COMMENT ON FUNCTION _dunning.run_refused(date, name, text) IS 'Writes into dunning.run_log, and warns, that a run did nothing since another one is working, and who that is';

CREATE FUNCTION _dunning.run_begin(as_of date, ledger name) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	number bigint;
	day CONSTANT date := _dunning.run_day(as_of);
BEGIN
	PERFORM _dunning.need_ledger(ledger);
	INSERT INTO dunning.run_log (as_of, ledger) VALUES (day, run_begin.ledger) RETURNING run_log.run INTO number;
	RETURN number;
END
$$;
COMMENT ON FUNCTION _dunning.run_begin(date, name) IS 'Opens a run in dunning.run_log and returns its number';

-- Whoever has the lock is the only one who works: what others left open was
-- interrupted.
CREATE FUNCTION _dunning.run_sweep(run bigint) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	DELETE FROM _dunning.run_item AS i WHERE i.run <> run_sweep.run;
	UPDATE dunning.run_log AS g SET note = format('interrupted, as run %s found', run_sweep.run)
	WHERE g.run <> run_sweep.run AND g.kind = 'reminders' AND g.finished_at IS NULL AND g.note IS NULL;
	PERFORM dunning.prune_runs();
END
$$;
COMMENT ON FUNCTION _dunning.run_sweep(bigint) IS
	'Says of runs that were interrupted that they were, forgets what they had read, and prunes the log; called by the run that has the lock';

CREATE FUNCTION _dunning.run_ledgers(run bigint) RETURNS name[]
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN coalesce((SELECT array_agg(l.ledger ORDER BY l.ledger)
		FROM dunning.ledger AS l JOIN dunning.run_log AS g ON g.run = run_ledgers.run
		WHERE l.state = 'adopted' AND (g.ledger IS NULL OR l.ledger = g.ledger)), '{}');
COMMENT ON FUNCTION _dunning.run_ledgers(bigint) IS 'The ledgers that a run works on';

-- Rates that are missing, or will be within 30 days, of the rules of the run's
-- ledgers.
CREATE FUNCTION _dunning.run_rates(run bigint) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT _dunning.note_problem(run_rates.run, l.ledger, '', NULL,
		format('series "%s" has no rate for %s: INSERT INTO dunning.reference_rate (series, effective_on, rate) ...',
			d.series, to_char(d.needed_by, 'YYYY-MM-DD')),
		'rate ' || d.series)
	FROM dunning.run_log AS g
	CROSS JOIN LATERAL dunning.missing_rates(g.as_of + 30) AS d
	CROSS JOIN LATERAL unnest(d.ledgers) AS l (ledger)
	WHERE g.run = run_rates.run AND l.ledger = ANY (_dunning.run_ledgers(run_rates.run))
$$;
COMMENT ON FUNCTION _dunning.run_rates(bigint) IS
	'Writes into dunning.run_problem which rates the rules of a run''s ledgers lack, or will lack within 30 days';

-- Looks at what is pending again: withdraws what the item would not be due for
-- today, and what says other facts than the item has now, which is raised anew
-- by the same run.  Of an item that is not there nothing is known: it may be
-- hidden, and is neither paid nor to be reminded.
CREATE FUNCTION _dunning.run_review_items(run bigint, as_of date, ledger name, items dunning.item_key[], again boolean DEFAULT false)
	RETURNS integer
	-- whatever the statistics say of what is pending, nothing is read once for each
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off SET enable_nestloop = off AS $$
#variable_conflict use_column
DECLARE
	odd dunning.item_key[];
	ids bigint[];
	reasons text[];
	unseen integer;
	examples text;
	doubtful dunning.item_key[];
	doubts text[];
	n integer;
BEGIN
	-- nearly all are as they were: those are left before anything is said of them
	EXECUTE format($q$
		SELECT array_agg(DISTINCT s.item)
		FROM (
			SELECT p.item
			FROM (
				SELECT r.reminder, r.run, r.ledger, r.item, r.part, r.step, r.channel, r.occurrence, r.label, r.raised_on, r.due_on, r.open_amount, r.held_amount, r.customer, r.currency,
					r.email, r.phone, r.language, r.manual, r.fee, r.fee_currency
				FROM dunning.reminder AS r
				WHERE r.ledger = $1 AND r.state = 'pending' AND r.raised_on <= $2 AND ($3 IS NULL OR r.item = ANY ($3)) AND ($4 IS NULL OR r.run = $4)
			) AS p
			JOIN dunning.ledger AS l ON l.ledger = p.ledger
			LEFT JOIN %1$s AS i ON i.item = p.item AND i.part = p.part
			LEFT JOIN _dunning.procedure_step AS c ON c.name = coalesce(i.procedure, l.procedure) AND c.step = p.step AND c.channel = p.channel
			LEFT JOIN dunning.currency AS y ON y.code = i.currency
			GROUP BY p.reminder, p.item
			HAVING count(i.item) <> 1 OR bool_and(i.open_amount = p.open_amount AND %3$s = p.held_amount AND i.due_on = p.due_on
				AND i.disputed IS NOT TRUE AND i.held IS NOT TRUE AND (i.matures_on >= $2) IS NOT TRUE AND i.dunnable IS NOT FALSE
				AND i.customer IS NOT DISTINCT FROM p.customer AND i.currency IS NOT DISTINCT FROM p.currency
				AND i.email IS NOT DISTINCT FROM p.email AND i.phone IS NOT DISTINCT FROM p.phone AND i.language IS NOT DISTINCT FROM p.language
				AND c.label IS NOT DISTINCT FROM p.label AND (p.run IS NULL OR c.manual = p.manual
					AND EXISTS (SELECT FROM _dunning.step_fee(c.procedure, c.level, i.open_amount - p.held_amount, i.currency, y.decimals) AS e
						WHERE (e.fee, e.fee_currency) IS NOT DISTINCT FROM (p.fee, p.fee_currency)))
				AND _dunning.state_of_step(c.procedure, p.step, p.channel, i.due_on, $2, %2$s, i.open_amount - p.held_amount, i.currency, p.raised_on, p.occurrence, i.rejects) = 'due') IS NOT TRUE
		) AS s $q$,
		CASE WHEN items IS NULL THEN _dunning.items_source(ledger, as_of) ELSE '_dunning.read_items($1, $2, VARIADIC $3)' END,
		_dunning.holds_query('p.ledger', 'p.item', 'p.part', 'i.customer'), _dunning.held_amount_query('p.ledger', 'p.item', 'p.part', '$2', manual => 'p.manual'))
	INTO odd USING ledger, as_of, items, CASE WHEN again THEN run END;
	IF odd IS NULL THEN
		RETURN 0;
	END IF;
	EXECUTE format($q$
		WITH p AS MATERIALIZED (
			SELECT r.*
			FROM dunning.reminder AS r
			WHERE r.ledger = $1 AND r.state = 'pending' AND r.raised_on <= $2 AND r.item = ANY ($3) AND ($4 IS NULL OR r.run = $4)
		), i AS MATERIALIZED (
			SELECT s.item, s.part, s.due_on, s.open_amount, s.customer, s.currency, s.email, s.phone, s.language,
				s.disputed, s.held, s.dunnable, s.procedure, s.rejects, s.matures_on
			FROM _dunning.read_items($1, $2, VARIADIC $3) AS s
		), seen AS (
			SELECT p.reminder,
				CASE WHEN count(*) > 1 THEN 'several rows of the ledger have this key' WHEN min(i.open_amount) IS NULL THEN 'the open amount is missing' END AS doubt,
				min(CASE
					WHEN i.open_amount <= 0 THEN 'no longer open'
					WHEN h.amount >= i.open_amount THEN 'held'
					WHEN i.dunnable IS FALSE THEN 'not to be dunned'
					WHEN i.disputed THEN 'in dispute'
					WHEN i.held THEN 'held in the ERP'
					WHEN i.matures_on >= $2 THEN 'its bill of exchange has not matured'
					WHEN i.open_amount IS NULL THEN NULL
					WHEN i.due_on IS NULL THEN 'the due date is missing'
					WHEN c.name IS NULL THEN format('dunning procedure "%%s" does not exist', coalesce(i.procedure, l.procedure))
					WHEN f.level IS NULL OR f.label IS DISTINCT FROM p.label THEN 'its step of the procedure was changed'
					WHEN i.due_on <> p.due_on THEN format('due on %%s, not on %%s', to_char(i.due_on, 'YYYY-MM-DD'), to_char(p.due_on, 'YYYY-MM-DD'))
					WHEN s.state = 'below_minimum' THEN 'below the minimum of its step'
					WHEN s.state = 'held' THEN 'held'
					WHEN s.state = 'handed_over' THEN 'handed over'
					WHEN s.state = 'scheduled' THEN 'its day is to come'
					WHEN s.state = 'exhausted' AND p.step ^@ 'reject' THEN 'another rejection came after its own, or its own is gone'
					WHEN s.state <> 'due' THEN 'its day has passed'
					WHEN i.open_amount <> p.open_amount THEN format('%%s is open, not %%s', i.open_amount, p.open_amount)
					WHEN h.amount <> p.held_amount THEN format('%%s is held, not %%s', h.amount, p.held_amount)
					WHEN p.run IS NOT NULL AND (i.customer, i.currency, i.email, i.phone, i.language)
						IS DISTINCT FROM (p.customer, p.currency, p.email, p.phone, p.language) THEN 'the customer or his address was changed'
					WHEN p.run IS NOT NULL AND (f.manual, e.fee, e.fee_currency) IS DISTINCT FROM (p.manual, p.fee, p.fee_currency)
						THEN 'its step of the procedure was changed'
				END) AS reason
			FROM p
			JOIN dunning.ledger AS l ON l.ledger = p.ledger
			JOIN i ON i.item = p.item AND i.part = p.part
			LEFT JOIN dunning.procedure AS c ON c.name = coalesce(i.procedure, l.procedure)
			LEFT JOIN dunning.currency AS y ON y.code = i.currency
			LEFT JOIN _dunning.procedure_step AS f ON f.name = c.name AND f.step = p.step AND f.channel = p.channel
			LEFT JOIN LATERAL _dunning.step_fee(f.procedure, f.level, i.open_amount - p.held_amount, i.currency, y.decimals) AS e ON true
			CROSS JOIN LATERAL (SELECT %2$s AS amount OFFSET 0) AS h
			CROSS JOIN LATERAL (SELECT _dunning.state_of_step(c.procedure, p.step, p.channel, i.due_on, $2, %1$s, i.open_amount - h.amount, i.currency, p.raised_on, p.occurrence, i.rejects) AS state) AS s
			GROUP BY p.reminder
		), verdict AS (
			-- one whose terms make fewer parts now has no such part any more, if all
			-- the rest is known
			SELECT p.reminder, p.item, s.reminder IS NULL AND o.known IS NULL AS unseen, s.doubt,
				CASE WHEN s.reminder IS NOT NULL AND s.doubt IS NULL THEN s.reason
					WHEN s.reminder IS NULL AND o.known THEN 'its part is no longer there' END AS reason
			FROM p
			LEFT JOIN seen AS s ON s.reminder = p.reminder
			LEFT JOIN (SELECT i.item, bool_and(i.open_amount IS NOT NULL AND i.due_on IS NOT NULL) AS known FROM i GROUP BY i.item) AS o ON o.item = p.item
		)
		SELECT array_agg(v.reminder) FILTER (WHERE v.reason IS NOT NULL), array_agg(v.reason) FILTER (WHERE v.reason IS NOT NULL),
			count(DISTINCT v.item) FILTER (WHERE v.unseen),
			array_to_string((array_agg(DISTINCT v.item::text) FILTER (WHERE v.unseen))[:3], ', '),
			array_agg(v.item) FILTER (WHERE v.doubt IS NOT NULL), array_agg(v.doubt) FILTER (WHERE v.doubt IS NOT NULL)
		FROM verdict AS v $q$, _dunning.holds_query('p.ledger', 'p.item', 'p.part', 'i.customer'), _dunning.held_amount_query('p.ledger', 'p.item', 'p.part', '$2', manual => 'p.manual'))
	INTO ids, reasons, unseen, examples, doubtful, doubts USING ledger, as_of, odd, CASE WHEN again THEN run END;
	-- what a sender has in hand is his
	UPDATE dunning.reminder AS r
	SET state = 'cancelled', cancelled_on = as_of, cancelled_at = now(), withdrawn = true, reason = v.reason
	FROM unnest(ids, reasons) AS v (reminder, reason)
	WHERE r.reminder = v.reminder
		AND r.reminder IN (SELECT m.reminder FROM dunning.reminder AS m WHERE m.reminder = ANY (ids) AND m.state = 'pending'
			ORDER BY m.reminder FOR NO KEY UPDATE SKIP LOCKED);
	GET DIAGNOSTICS n = ROW_COUNT;
	IF again THEN
		RETURN n;
	END IF;
	PERFORM _dunning.note_problem(run, ledger, d.item, NULL, d.message) FROM unnest(doubtful, doubts) AS d (item, message);
	IF unseen > 0 THEN
		PERFORM _dunning.note_problem(run, ledger, '', NULL,
			format('pending reminders of items that were not found are neither sent nor withdrawn, such as %s: SELECT * FROM dunning.unseen_reminders(%L)', examples, ledger), 'unseen', unseen);
	END IF;
	RETURN n;
END
$$;
COMMENT ON FUNCTION _dunning.run_review_items(bigint, date, name, dunning.item_key[], boolean) IS
	'Withdraws the pending reminders of a ledger, or of items of it, that a run would not raise as they are, and returns their number; again: only those that the run itself wrote. The first time those of items that are not found, or of which nothing certain is known, are noted in dunning.run_problem';

-- The same at the end of the run, as a step of its own.
CREATE FUNCTION _dunning.run_review_again(run bigint, as_of date, ledger name, items dunning.item_key[]) RETURNS integer
	LANGUAGE sql SET search_path = pg_catalog, pg_temp
	RETURN _dunning.run_review_items(run, as_of, ledger, items, true);
COMMENT ON FUNCTION _dunning.run_review_again(bigint, date, name, dunning.item_key[]) IS
	'Withdraws what a run wrote of a ledger, or of items of it, and what changed while it worked; returns the number';

CREATE FUNCTION _dunning.run_review_first(run bigint, as_of date, ledger name, items dunning.item_key[]) RETURNS integer
	LANGUAGE sql SET search_path = pg_catalog, pg_temp
	RETURN _dunning.run_review_items(run, as_of, ledger, items);
COMMENT ON FUNCTION _dunning.run_review_first(bigint, date, name, dunning.item_key[]) IS
	'Withdraws the pending reminders of a ledger, or of items of it, that a run would not raise as they are; returns the number';

-- A plan that broke holds its items no more, before it is seen what is due.
CREATE FUNCTION _dunning.run_broken_plans(run bigint, as_of date, ledger name, items dunning.item_key[]) RETURNS integer
	LANGUAGE sql SET search_path = pg_catalog, pg_temp
	RETURN dunning.end_broken_plans(ledger, as_of);
COMMENT ON FUNCTION _dunning.run_broken_plans(bigint, date, name, dunning.item_key[]) IS 'Ends the payment plans of a ledger that broke by the day of a run; returns their number';

CREATE FUNCTION _dunning.run_plans(run bigint, ledger name) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	-- what is hidden may be a payment
	IF NOT EXISTS (SELECT FROM dunning.plan AS p WHERE p.ledger = run_plans.ledger AND p.ended_on IS NULL) OR dunning.ledger_hidden(ledger) IS NOT NULL THEN
		RETURN 0;
	END IF;
	RETURN _dunning.run_step('_dunning.run_broken_plans', run, (SELECT g.as_of FROM dunning.run_log AS g WHERE g.run = run_plans.run), ledger);
END
$$;
COMMENT ON FUNCTION _dunning.run_plans(bigint, name) IS 'Ends the payment plans of a ledger that broke by the day of a run, unless rows of it are hidden; returns their number';

CREATE FUNCTION _dunning.run_review(run bigint, ledger name, again boolean DEFAULT false) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	many CONSTANT integer := 10000;
	day CONSTANT date := (SELECT g.as_of FROM dunning.run_log AS g WHERE g.run = run_review.run);
	pending dunning.item_key[];
	n integer := 0;
BEGIN
	pending := ARRAY(SELECT DISTINCT r.item FROM dunning.reminder AS r
		WHERE r.ledger = run_review.ledger AND r.state = 'pending' AND r.raised_on <= day AND (NOT again OR r.run = run_review.run)
		LIMIT many + 1);
	IF cardinality(pending) = 0 OR dunning.ledger_hidden(ledger) IS NOT NULL THEN
		RETURN 0;
	END IF;
	n := _dunning.run_step(CASE WHEN again THEN '_dunning.run_review_again'::regproc ELSE '_dunning.run_review_first' END, run, day, ledger,
		CASE WHEN cardinality(pending) <= many THEN pending END);
	UPDATE dunning.run_log AS g SET cancelled = g.cancelled + n WHERE g.run = run_review.run;
	RETURN n;
END
$$;
COMMENT ON FUNCTION _dunning.run_review(bigint, name, boolean) IS
	'Looks at the pending reminders of a ledger again, or at those that the run wrote, and withdraws those that are not right any more; returns their number. Where rows are hidden nothing is withdrawn';

-- Reads the work list of one ledger, or of items of it, once: sets aside what has
-- a problem and keeps what is due.
CREATE FUNCTION _dunning.run_due(run bigint, as_of date, ledger name, items dunning.item_key[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	n integer;
BEGIN
	EXECUTE format($q$
		WITH v AS MATERIALIZED (
			-- what is not named is not computed
			SELECT l.ledger, l.item, l.part, l.step, l.level, l.occurrence, l.last_step, l.last_channel, l.channel, l.label, l.manual, s.fee, s.fee_currency,
				l.customer, l.customer_name, l.email, l.phone, l.language, l.company, l.currency, l.reference, l.due_on, l.days_past_due,
				l.open_amount, l.held_amount, l.late_interest, l.compensation, l.compensation_currency, l.late_fee, l.procedure_name,
				_dunning.dunning_procedure_hash_extended(l.procedure, 0) AS procedure_hash,
				l.document, l.state, l.problem AS read_problem, l.rule, l.penalty_problem
			FROM (SELECT w.* FROM (%s) AS w WHERE w.state = 'due' OR w.state IS NULL AND w.problem IS NOT NULL) AS l
			LEFT JOIN dunning.currency AS y ON y.code = l.currency
			CROSS JOIN LATERAL _dunning.step_fee(l.procedure, l.level, l.open_amount - l.held_amount, l.currency, y.decimals) AS s
		), repeated AS MATERIALIZED (
			-- whose reminders would be taken for those of the other
			SELECT r.item, r.part
			FROM _dunning.repeated_items($3, $2, VARIADIC ARRAY(SELECT DISTINCT v.item FROM v WHERE v.state = 'due' AND v.read_problem IS NULL)) AS r
			WHERE $4
		), w AS MATERIALIZED (
			SELECT v.*, coalesce(v.read_problem, CASE WHEN e.item IS NOT NULL THEN 'several rows of the ledger have this key' END) AS problem
			FROM v LEFT JOIN repeated AS e ON e.item = v.item AND e.part = v.part
		), bearing AS MATERIALIZED (
			SELECT b.* FROM _dunning.run_documents($3,
				ARRAY(SELECT DISTINCT w.document FROM w WHERE w.state = 'due' AND w.compensation > 0 AND w.document IS NOT NULL)) AS b
		), bad AS (
			SELECT b.*, row_number() OVER () AS nth
			FROM (SELECT _dunning.noted_key(w.item) AS item, min(w.problem) AS problem
				FROM w WHERE w.problem IS NOT NULL GROUP BY 1) AS b
		), aside AS (
			INSERT INTO dunning.run_problem AS q (run, ledger, item, topic, message, items)
			SELECT $1, $3, b.item, '', b.problem, 1 FROM bad AS b WHERE b.nth <= _dunning.run_problems_noted()
			UNION ALL
			SELECT $1, $3, '', 'more', _dunning.more_problems(min(b.item::text)), count(*)
			FROM bad AS b WHERE b.nth > _dunning.run_problems_noted() HAVING count(*) > 0
			UNION ALL
			SELECT $1, $3, '', 'rule ' || coalesce(w.rule, ''), 'reminders go out without late interest: ' || min(w.penalty_problem), count(*)
			FROM w WHERE w.state = 'due' AND w.problem IS NULL AND w.penalty_problem IS NOT NULL GROUP BY w.ledger, w.rule
			ON CONFLICT ON CONSTRAINT run_problem_pkey DO UPDATE SET items = q.items + excluded.items WHERE excluded.topic <> ''
		)
		INSERT INTO _dunning.run_item (run, ledger, item, part, step, level, occurrence, last_step, last_channel, channel, label, manual, fee, fee_currency,
			customer, customer_name, email, phone, language, company, currency, reference,
			due_on, days_past_due, open_amount, held_amount, late_interest, compensation, compensation_currency, late_fee,
			procedure_name, procedure_hash)
		SELECT $1, w.ledger, w.item, w.part, w.step, w.level, w.occurrence, w.last_step, w.last_channel, w.channel, w.label, w.manual, w.fee, w.fee_currency,
			w.customer, w.customer_name, w.email, w.phone, w.language, w.company, w.currency, w.reference,
			w.due_on, w.days_past_due, w.open_amount, w.held_amount, w.late_interest,
			CASE WHEN EXISTS (SELECT FROM bearing AS b WHERE b.document = w.document AND (b.item, b.part) <> (w.item, w.part))
				THEN 0 ELSE w.compensation END, w.compensation_currency, w.late_fee,
			w.procedure_name, w.procedure_hash
		FROM w WHERE w.problem IS NULL
		-- the oldest first, in one order whatever the plan
		ORDER BY w.due_on, w.item, w.part $q$,
		_dunning.worklist_query(
			_dunning.items_with_steps(format('(SELECT i.* FROM %s AS i WHERE (i.open_amount <> 0 OR i.open_amount IS NULL))', _dunning.keys_source(ledger, as_of, items)), ledger, as_of),
			'false', format('%L::date', as_of)))
	USING run, as_of, ledger, _dunning.keys_may_repeat(ledger);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;
COMMENT ON FUNCTION _dunning.run_due(bigint, date, name, dunning.item_key[]) IS
	'Reads the reminders that are due in a ledger, or for items of it, into _dunning.run_item, and returns their number; items with a problem are set aside';

CREATE FUNCTION _dunning.run_collect(run bigint, ledger name) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	day CONSTANT date := (SELECT g.as_of FROM dunning.run_log AS g WHERE g.run = run_collect.run);
	before CONSTANT text := current_setting('dunning.today', true);
	n integer;
BEGIN
	-- what is hidden may be a payment
	IF dunning.ledger_hidden(ledger) IS NOT NULL THEN
		PERFORM _dunning.note_problem(run, ledger, '', NULL, dunning.ledger_hidden(ledger));
		RETURN 0;
	END IF;
	PERFORM _dunning.note_problem(run, ledger, '', NULL, s.message, 'statements' || coalesce(' ' || s.company, ''), s.items) FROM _dunning.old_statements(ledger, day) AS s;
	PERFORM set_config('dunning.today', to_char(day, 'YYYY-MM-DD'), true);
	n := _dunning.run_step('_dunning.run_due', run, day, ledger);
	PERFORM set_config('dunning.today', coalesce(before, ''), true);
	RETURN n;
END
$$;
COMMENT ON FUNCTION _dunning.run_collect(bigint, name) IS
	'Reads what is due in a ledger as of the day of the run, returns the number, and sets aside the items that cannot be computed';

CREATE FUNCTION _dunning.run_write(run bigint, after bigint, size integer DEFAULT _dunning.run_batch_size()) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	last bigint;
	n integer;
BEGIN
	WITH d AS MATERIALIZED (
		SELECT i.* FROM _dunning.run_item AS i WHERE i.run = run_write.run AND i.nth > run_write.after ORDER BY i.nth LIMIT size
	), written AS (
		INSERT INTO dunning.reminder (run, ledger, item, part, step, level, occurrence, raised_on, channel, label, manual, fee, fee_currency,
			customer, customer_name, email, phone, language, company, currency, reference,
			due_on, days_past_due, open_amount, held_amount, late_interest, compensation, compensation_currency, late_fee)
		SELECT d.run, d.ledger, d.item, d.part, d.step, d.level, d.occurrence, g.as_of, d.channel, d.label, d.manual, d.fee, d.fee_currency,
			d.customer, d.customer_name, d.email, d.phone, d.language, d.company, d.currency, d.reference,
			d.due_on, d.days_past_due, d.open_amount, d.held_amount, d.late_interest, d.compensation, d.compensation_currency, d.late_fee
		FROM d
		JOIN dunning.run_log AS g ON g.run = d.run
		-- what is due of a procedure that was changed meanwhile is for the next run
		JOIN dunning.procedure AS p ON p.name = d.procedure_name AND _dunning.dunning_procedure_hash_extended(p.procedure, 0) = d.procedure_hash
		-- a run of a past day raises nothing before what was raised later
		WHERE g.as_of >= _dunning.real_day() OR NOT EXISTS (SELECT FROM dunning.reminder AS r
			WHERE r.item = d.item AND r.ledger = d.ledger AND r.part = d.part AND r.raised_on > g.as_of AND r.state <> 'cancelled')
		ON CONFLICT (item, ledger, part, step, channel, occurrence) WHERE state <> 'cancelled' DO NOTHING
		RETURNING 1
	)
	SELECT max(d.nth), (SELECT count(*) FROM written) INTO last, n FROM d;
	UPDATE dunning.run_log AS g SET raised = g.raised + n WHERE g.run = run_write.run AND n > 0;
	RETURN last;
END
$$;
COMMENT ON FUNCTION _dunning.run_write(bigint, bigint, integer) IS
	'Writes the reminders that a run has read after one, so many or all for NULL; returns the last one, NULL if there was none';

CREATE FUNCTION _dunning.run_finish(run bigint) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	written integer;
	problems integer;
	one name;
	missing record;
BEGIN
	-- An item that was paid and is open again lost the step that this run went on from.
	WITH again AS (
		UPDATE dunning.reminder AS r
		SET state = 'cancelled', cancelled_on = r.raised_on, cancelled_at = now(), withdrawn = true,
			reason = format('the step before it, "%s %s", was cancelled', i.last_step, i.last_channel)
		FROM _dunning.run_item AS i
		WHERE i.run = run_finish.run AND i.last_step IS NOT NULL AND NOT i.step ^@ 'reject'
			AND r.run = i.run AND r.item = i.item AND r.ledger = i.ledger AND r.part = i.part AND r.state = 'pending'
			AND NOT EXISTS (SELECT FROM dunning.reminder AS m WHERE m.item = i.item AND m.ledger = i.ledger AND m.part = i.part
				AND m.state <> 'cancelled' AND m.step = i.last_step AND m.channel = i.last_channel)
			AND r.reminder IN (SELECT m.reminder FROM dunning.reminder AS m WHERE m.item = i.item AND m.ledger = i.ledger AND m.part = i.part
				AND m.run = i.run AND m.state = 'pending' FOR NO KEY UPDATE SKIP LOCKED)
		RETURNING 1
	)
	UPDATE dunning.run_log AS g SET cancelled = g.cancelled + a.n
	FROM (SELECT count(*) AS n FROM again) AS a WHERE g.run = run_finish.run AND a.n > 0;
	-- an item that was paid while the run worked
	IF EXISTS (SELECT FROM dunning.run_log AS g WHERE g.run = run_finish.run AND g.raised > 0) THEN
		FOREACH one IN ARRAY _dunning.run_ledgers(run_finish.run) LOOP
			PERFORM _dunning.run_review(run_finish.run, one, true);
		END LOOP;
	END IF;
	DELETE FROM _dunning.run_item AS i WHERE i.run = run_finish.run;
	UPDATE dunning.run_log AS g
	SET finished_at = clock_timestamp(),
		problems = (SELECT count(*) FROM dunning.run_problem AS p WHERE p.run = g.run)
	WHERE g.run = run_finish.run
	RETURNING g.raised, g.problems INTO written, problems;
	FOR missing IN
		SELECT p.topic, min(p.message) AS message FROM dunning.run_problem AS p
		WHERE p.run = run_finish.run AND (p.topic LIKE 'rate %' OR p.topic LIKE 'rule %') GROUP BY p.topic ORDER BY p.topic COLLATE "C"
	LOOP
		RAISE WARNING '%', missing.message;
	END LOOP;
	IF problems > 0 THEN
		RAISE WARNING 'the dunning run % noted % problem(s)', run_finish.run, problems
			USING HINT = format('SELECT * FROM dunning.run_problem WHERE run = %s.', run_finish.run);
	END IF;
	IF written > 0 THEN
		PERFORM pg_notify('dunning', jsonb_build_object('run', run_finish.run, 'raised', written)::text);
	END IF;
	RETURN written;
END
$$;
COMMENT ON FUNCTION _dunning.run_finish(bigint) IS
	'Withdraws what changed while the run worked, closes the run, notifies the channel "dunning", warns of rates that are missing and of what else was noted, and returns the reminders written';

-- It commits, so it can have no search_path of its own: everything is qualified,
-- and whatever computes stands in the functions above.
CREATE PROCEDURE dunning.run(as_of date DEFAULT NULL, ledger name DEFAULT NULL)
	LANGUAGE plpgsql AS $$
DECLARE
	number bigint;
	one name;
	written bigint := 0;
	last bigint;
BEGIN
	IF pg_catalog.pg_is_in_recovery() THEN
		RAISE NOTICE 'this server is a standby: the dunning run is for the primary';
		RETURN;
	END IF;
	PERFORM _dunning.need_all_facts();
	IF NOT _dunning.run_lock() THEN
		PERFORM _dunning.run_refused(as_of, ledger);
		RETURN;
	END IF;
	number := _dunning.run_begin(as_of, ledger);
	PERFORM _dunning.run_sweep(number);
	PERFORM _dunning.run_rates(number);
	COMMIT;
	FOREACH one IN ARRAY _dunning.run_ledgers(number) LOOP
		PERFORM _dunning.run_plans(number, one);
		PERFORM _dunning.run_review(number, one);
		COMMIT;
		PERFORM _dunning.run_collect(number, one);
		COMMIT;
		LOOP
			last := _dunning.run_write(number, written);
			COMMIT;
			EXIT WHEN last IS NULL;
			written := last;
		END LOOP;
	END LOOP;
	PERFORM _dunning.run_finish(number);
	COMMIT;
	PERFORM _dunning.run_unlock();
END
$$;
COMMENT ON PROCEDURE dunning.run(date, name) IS
	'Withdraws the pending reminders that are not right any more and writes those that are due, on the real day (the date now in dunning.time_zone) or a day of the past, in batches that commit; a second run adds nothing, a concurrent one is refused at once and logged, and a standby does nothing; error 22023 for a day to come';

CREATE FUNCTION dunning.run_reminders(as_of date DEFAULT NULL, ledger name DEFAULT NULL) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	number bigint;
	one name;
	written bigint := 0;
BEGIN
	IF pg_is_in_recovery() THEN
		RAISE NOTICE 'this server is a standby: the dunning run is for the primary';
		RETURN 0;
	END IF;
	PERFORM _dunning.need_all_facts();
	IF NOT _dunning.run_lock() THEN
		PERFORM _dunning.run_refused(as_of, ledger);
		RETURN 0;
	END IF;
	number := _dunning.run_begin(as_of, ledger);
	PERFORM _dunning.run_sweep(number);
	PERFORM _dunning.run_rates(number);
	FOREACH one IN ARRAY _dunning.run_ledgers(number) LOOP
		PERFORM _dunning.run_plans(number, one);
		PERFORM _dunning.run_review(number, one);
		PERFORM _dunning.run_collect(number, one);
		written := coalesce(_dunning.run_write(number, written, NULL), written);
	END LOOP;
	written := _dunning.run_finish(number);
	PERFORM _dunning.run_unlock(until_end => true);
	RETURN written;
END
$$;
COMMENT ON FUNCTION dunning.run_reminders(date, name) IS
	'The run in one transaction, for a caller who wants it to be part of his own; other runs are refused until this transaction ends; returns the number of reminders written';
