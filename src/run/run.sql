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
	payer dunning.item_key,
	payer_name text,
	by_customer boolean NOT NULL,
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
SELECT _dunning.copy_comments('dunning.reminder', '_dunning.run_item');

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
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
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
-- ledgers, as its agenda knows them when it has looked at them.
CREATE FUNCTION _dunning.run_rates(run bigint) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT _dunning.note_problem(run_rates.run, l.ledger, '', NULL,
		concat_ws(': ', _dunning.missing_rate_text(d.series, d.rules, d.needed_by),
			_dunning.missing_rate_cure(d.series, d.rules, d.needed_by)),
		'rate ' || coalesce(d.series, 'of rule ' || d.rules[1]))
	FROM dunning.run_log AS g
	CROSS JOIN LATERAL _dunning.rates_missing(g.as_of + 30, _dunning.run_ledgers(g.run)) AS d
	CROSS JOIN LATERAL unnest(d.ledgers) AS l (ledger)
	WHERE g.run = run_rates.run AND l.ledger = ANY (_dunning.run_ledgers(run_rates.run))
$$;
COMMENT ON FUNCTION _dunning.run_rates(bigint) IS
	'Writes into dunning.run_problem which rates the rules of a run''s ledgers lack, or will lack within 30 days';

CREATE FUNCTION _dunning.run_withdraw(ids bigint[], reasons text[], as_of date) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	-- what a sender has in hand is his
	free CONSTANT bigint[] := _dunning.lock_pending(ids);
	n integer;
BEGIN
	UPDATE dunning.reminder AS r
	SET state = 'cancelled', cancelled_on = as_of, cancelled_at = now(), withdrawn = true, reason = v.reason
	FROM unnest(ids, reasons) AS v (reminder, reason)
	WHERE r.reminder = v.reminder AND r.reminder = ANY (free);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;
COMMENT ON FUNCTION _dunning.run_withdraw(bigint[], text[], date) IS 'Withdraws reminders that are still pending and in no sender''s hand, each for its reason; returns their number';

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
	ids bigint[];
	reasons text[];
	doubtful dunning.item_key[];
	doubts text[];
	missing bigint[];
	elsewhere dunning.item_key[];
	unseen integer;
	examples text;
	n integer;
BEGIN
	-- nearly all are as they were
	EXECUTE format($q$
		SELECT array_agg(w.reminder) FILTER (WHERE w.n > 0 AND w.doubt IS NULL),
			array_agg(w.fault) FILTER (WHERE w.n > 0 AND w.doubt IS NULL), array_agg(w.item) FILTER (WHERE w.doubt IS NOT NULL),
			array_agg(w.doubt) FILTER (WHERE w.doubt IS NOT NULL), array_agg(w.reminder) FILTER (WHERE w.n = 0),
			array_agg(DISTINCT w.item) FILTER (WHERE w.n = 0)
		FROM (
			SELECT p.reminder, p.item, count(i.item) AS n, min(v.fault) AS fault,
				CASE WHEN count(i.item) > 1 THEN 'several rows of the ledger have this key' WHEN bool_or(i.item IS NOT NULL AND i.open_amount IS NULL) THEN 'the open amount is missing'
					WHEN bool_or(NOT abs(i.open_amount) < 'Infinity') THEN 'the open amount is not a number' END AS doubt
			FROM (
				SELECT r.reminder, r.run, r.ledger, r.item, r.part, r.step, r.channel, r.occurrence, r.label, r.raised_on, r.due_on,
					r.open_amount, r.held_amount, r.customer, r.payer, r.company, r.currency, r.email, r.phone, r.language, r.manual, r.fee,
					r.fee_currency, r.by_customer
				FROM dunning.reminder AS r
				WHERE r.ledger = $1 AND r.state = 'pending' AND r.raised_on <= $2 AND ($3 IS NULL OR r.item = ANY ($3))
					AND ($4 IS NULL OR r.run = $4)
			) AS p
			LEFT JOIN %s AS i ON i.item = p.item AND i.part = p.part
			%s
			GROUP BY p.reminder, p.item
			HAVING count(i.item) <> 1 OR min(v.fault) IS NOT NULL OR bool_or(i.open_amount IS NULL)
		) AS w $q$,
		CASE WHEN items IS NULL THEN _dunning.items_source(ledger, as_of) ELSE '_dunning.read_items($1, $2, VARIADIC $3)' END, _dunning.faults_query('$2'))
	INTO ids, reasons, doubtful, doubts, missing, elsewhere USING ledger, as_of, items, CASE WHEN again THEN run END;
	-- one whose terms make fewer parts now has no such part any more, if all the rest is known
	IF missing IS NOT NULL THEN
		SELECT ids || array_agg(r.reminder) FILTER (WHERE o.known), reasons || array_agg('its part is no longer there'::text) FILTER (WHERE o.known),
			count(DISTINCT r.item) FILTER (WHERE o.item IS NULL),
			array_to_string((array_agg(DISTINCT r.item::text) FILTER (WHERE o.item IS NULL))[:3], ', ')
			INTO ids, reasons, unseen, examples
		FROM dunning.reminder AS r
		LEFT JOIN (SELECT i.item, bool_and((abs(i.open_amount) < 'Infinity' AND i.due_on IS NOT NULL) IS TRUE) AS known
			FROM _dunning.read_items(ledger, as_of, VARIADIC elsewhere) AS i GROUP BY i.item) AS o ON o.item = r.item
		WHERE r.reminder = ANY (missing);
	END IF;
	n := _dunning.run_withdraw(ids, reasons, as_of);
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

-- The same at the end of the run, as a step of its own: what was read is compared
-- with what there is now, and looked at again if anything of it is another.
CREATE FUNCTION _dunning.run_review_again(run bigint, as_of date, ledger name, items dunning.item_key[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off SET enable_nestloop = off AS $$
#variable_conflict use_column
DECLARE
	changed dunning.item_key[];
BEGIN
	EXECUTE format($q$
		SELECT array_agg(DISTINCT p.item)
		FROM (
			SELECT d.ledger, d.item, d.part, d.due_on, d.open_amount, d.held_amount, d.customer, d.payer, d.company, d.currency, d.email,
				d.phone, d.language, d.manual, d.procedure_name, d.procedure_hash
			FROM _dunning.run_item AS d WHERE d.run = $4 AND d.ledger = $1 AND ($3 IS NULL OR d.item = ANY ($3))
		) AS p
		JOIN dunning.ledger AS l ON l.ledger = p.ledger
		LEFT JOIN %s AS i ON i.item = p.item AND i.part = p.part
		LEFT JOIN (SELECT c.name, _dunning.dunning_procedure_hash_extended(c.procedure, 0) AS hash
			FROM dunning.procedure AS c OFFSET 0) AS c ON c.name = coalesce(%s, l.procedure)
		WHERE (i.open_amount = p.open_amount AND i.due_on = p.due_on AND i.disputed IS NOT TRUE AND i.held IS NOT TRUE
			AND i.dunnable IS NOT FALSE
			AND (i.matures_on >= $2) IS NOT TRUE AND i.rejects IS NULL
			AND c.name = p.procedure_name AND c.hash = p.procedure_hash AND i.customer IS NOT DISTINCT FROM p.customer
				AND i.payer IS NOT DISTINCT FROM p.payer AND i.company IS NOT DISTINCT FROM p.company
				AND i.currency IS NOT DISTINCT FROM p.currency
			AND i.email IS NOT DISTINCT FROM p.email AND i.phone IS NOT DISTINCT FROM p.phone AND %s IS NOT DISTINCT FROM p.language
			-- whatever holds are there
			AND %s = p.held_amount AND %s IS NULL) IS NOT TRUE $q$,
		CASE WHEN items IS NULL THEN _dunning.items_source(ledger, as_of) ELSE '_dunning.read_items($1, $2, VARIADIC $3)' END,
		_dunning.assigned_of('procedure', 'i', '$2', 'i.procedure'), _dunning.assigned_of('language', 'i', '$2', 'i.language'),
		_dunning.held_amount_query('p.ledger', 'p.item', 'p.part', '$2', manual => 'p.manual'), _dunning.stops_query('p.ledger', 'p.item', 'p.part', 'i.customer'))
	INTO changed USING ledger, as_of, items, run;
	RETURN CASE WHEN changed IS NULL THEN 0 ELSE _dunning.run_review_items(run, as_of, ledger, changed, true) END;
END
$$;
COMMENT ON FUNCTION _dunning.run_review_again(bigint, date, name, dunning.item_key[]) IS
	'Withdraws what a run wrote of a ledger, or of items of it, and what changed while it worked; returns the number';

CREATE FUNCTION _dunning.run_review_first(run bigint, as_of date, ledger name, items dunning.item_key[]) RETURNS integer
	LANGUAGE sql SET search_path = pg_catalog, pg_temp
	RETURN _dunning.run_review_items(run, as_of, ledger, items);
COMMENT ON FUNCTION _dunning.run_review_first(bigint, date, name, dunning.item_key[]) IS
	'Withdraws the pending reminders of a ledger, or of items of it, that a run would not raise as they are; returns the number';

CREATE FUNCTION _dunning.run_review_customers(run bigint, as_of date, ledger name, items dunning.item_key[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off SET enable_nestloop = off AS $$
DECLARE
	ids bigint[];
	reasons text[];
BEGIN
	EXECUTE format('SELECT array_agg(c.reminder), array_agg(c.fault) FROM (%s) AS c WHERE c.fault IS NOT NULL',
		_dunning.customer_faults_query(_dunning.payers_source(ledger, as_of, items), '$2', 'p.ledger = $1')) INTO ids, reasons USING ledger, as_of;
	RETURN _dunning.run_withdraw(ids, reasons, as_of);
END
$$;
COMMENT ON FUNCTION _dunning.run_review_customers(bigint, date, name, dunning.item_key[]) IS
	'Withdraws the pending reminders of a ledger that were decided by customer and that a run would not raise any more for what became of his other items; returns their number';

-- A plan that broke holds its items no more, before it is seen what is due.
CREATE FUNCTION _dunning.run_broken_plans(run bigint, as_of date, ledger name, items dunning.item_key[]) RETURNS integer
	LANGUAGE sql SET search_path = pg_catalog, pg_temp
	RETURN dunning.end_broken_plans(as_of, ledger) + _dunning.note_broken_promises(as_of, ledger);
COMMENT ON FUNCTION _dunning.run_broken_plans(bigint, date, name, dunning.item_key[]) IS 'Ends the payment plans of a ledger that broke by the day of a run, and notes which promises broke; returns their number';

CREATE FUNCTION _dunning.run_plans(run bigint, ledger name) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	day CONSTANT date := (SELECT g.as_of FROM dunning.run_log AS g WHERE g.run = run_plans.run);
BEGIN
	-- what is hidden may be a payment
	IF NOT (EXISTS (SELECT FROM dunning.plan AS p WHERE p.ledger = run_plans.ledger AND p.ended_on IS NULL)
		OR _dunning.may_break(day, ledger))
		OR dunning.ledger_hidden(ledger) IS NOT NULL THEN
		RETURN 0;
	END IF;
	RETURN _dunning.run_step('_dunning.run_broken_plans', run, day, ledger);
END
$$;
COMMENT ON FUNCTION _dunning.run_plans(bigint, name) IS 'Ends the payment plans of a ledger that broke by the day of a run, and notes which promises broke, unless rows of it are hidden; returns their number';

CREATE FUNCTION _dunning.run_review(run bigint, ledger name, again boolean DEFAULT false) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	many CONSTANT integer := 10000;
	day CONSTANT date := (SELECT g.as_of FROM dunning.run_log AS g WHERE g.run = run_review.run);
	pending dunning.item_key[];
	withdrawn integer;
	n integer := 0;
BEGIN
	IF again THEN
		pending := ARRAY(SELECT DISTINCT d.item FROM _dunning.run_item AS d WHERE d.run = run_review.run
			AND d.ledger = run_review.ledger LIMIT many + 1);
	ELSE
		pending := ARRAY(SELECT DISTINCT r.item FROM dunning.reminder AS r
			WHERE r.ledger = run_review.ledger AND r.state = 'pending' AND r.raised_on <= day LIMIT many + 1);
	END IF;
	IF cardinality(pending) = 0 OR dunning.ledger_hidden(ledger) IS NOT NULL THEN
		RETURN 0;
	END IF;
	n := _dunning.run_step(CASE WHEN again THEN '_dunning.run_review_again'::regproc ELSE '_dunning.run_review_first' END, run, day, ledger,
		CASE WHEN cardinality(pending) <= many THEN pending END);
	IF NOT again AND EXISTS (SELECT FROM dunning.reminder AS r WHERE r.ledger = run_review.ledger AND r.state = 'pending' AND r.by_customer) THEN
		pending := ARRAY(SELECT DISTINCT r.item FROM dunning.reminder AS r
			WHERE r.ledger = run_review.ledger AND r.state = 'pending' AND r.by_customer AND r.raised_on <= day LIMIT many + 1);
		-- what is withdrawn is not asked for any more, which may leave too little beside the others
		LOOP
			withdrawn := _dunning.run_step('_dunning.run_review_customers', run, day, ledger, CASE WHEN cardinality(pending) <= many THEN pending END);
			n := n + withdrawn;
			EXIT WHEN withdrawn = 0;
		END LOOP;
	END IF;
	UPDATE dunning.run_log AS g SET cancelled = g.cancelled + n WHERE g.run = run_review.run;
	RETURN n;
END
$$;
COMMENT ON FUNCTION _dunning.run_review(bigint, name, boolean) IS
	'Looks at the pending reminders of a ledger again, or at those that the run wrote, and withdraws those that are not right any more; returns their number. Where rows are hidden nothing is withdrawn';

CREATE FUNCTION _dunning.run_customers(ledger name, as_of date, items dunning.item_key[])
		RETURNS TABLE (item dunning.item_key, part integer, level integer, occurrence integer)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	day CONSTANT text := format('%L::date', as_of);
BEGIN
	RETURN QUERY EXECUTE format('SELECT c.item, c.part, c.takes, c.takes_again FROM (%s) AS c WHERE c.takes > 0 AND ($1 IS NULL OR c.item = ANY ($1))',
		_dunning.customers_query(_dunning.customers_worklist(
			format('(SELECT i.* FROM %s AS i WHERE (i.open_amount <> 0 OR i.open_amount IS NULL))', _dunning.payers_source(ledger, as_of, items)), day), day)) USING items;
END
$$;
COMMENT ON FUNCTION _dunning.run_customers(name, date, dunning.item_key[]) IS
	'The items of a ledger, or of some items of it, whose procedure is by customer and that take a step on a day, with the level of the step and how often it is taken';

-- What run_due reads where procedures are by customer
CREATE FUNCTION _dunning.run_taken_query(worklist text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN replace($q$
		SELECT w.ledger, w.item, w.part, w.last_step, w.last_channel, w.customer, w.customer_name, w.payer, w.payer_name, w.email, w.phone,
			w.language, w.company, w.currency, w.reference, w.due_on, w.days_past_due, w.open_amount, w.late_interest, w.compensation,
			w.compensation_currency, w.late_fee, w.procedure_name, w.procedure, w.document, w.problem, w.rule, w.penalty_problem, t.step,
			t.level, coalesce(k.occurrence, w.occurrence) AS occurrence, t.channel, t.label, t.manual,
			CASE WHEN t.manual THEN w.held_by_hand ELSE w.held_by_machine END AS held_amount,
			CASE WHEN t.level IS NULL THEN w.state ELSE 'due' END AS state,
			_dunning.by_customer(w.procedure) AND NOT _dunning.of_event(t.step) AS by_customer
		FROM (<worklist>) AS w
		LEFT JOIN _dunning.run_customers($3, $2, $5) AS k ON k.item = w.item AND k.part = w.part AND _dunning.by_customer(w.procedure)
		LEFT JOIN LATERAL dunning.steps(w.procedure) AS t
			ON CASE WHEN _dunning.by_customer(w.procedure) THEN t.level = k.level ELSE w.state = 'due' AND t.level = w.level END
				OR w.also_due IS NOT NULL AND t.level = ANY (w.also_due) AND (k.level = w.level OR NOT _dunning.by_customer(w.procedure))
		WHERE t.level IS NOT NULL OR w.problem IS NOT NULL AND (w.state = 'due' OR w.state IS NULL) $q$, '<worklist>', worklist);
COMMENT ON FUNCTION _dunning.run_taken_query(text) IS 'The rows of a work list, a query of _dunning.customers_worklist, that are due or have a problem, with the steps that items by customer take';

-- Reads the work list of one ledger, or of items of it, once: sets aside what has
-- a problem and keeps what is due.
CREATE FUNCTION _dunning.run_due(run bigint, as_of date, ledger name, items dunning.item_key[]) RETURNS integer
	-- a merge would sort all items, each with its procedure
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
	source text := format('(SELECT i.* FROM %s AS i WHERE (i.open_amount <> 0 OR i.open_amount IS NULL))', _dunning.keys_source(ledger, as_of, items));
	day CONSTANT text := format('%L::date', as_of);
	n integer;
BEGIN
	IF items IS NULL THEN
		source := _dunning.items_with_steps(source, ledger, as_of);
	END IF;
	EXECUTE format($q$
		WITH v AS MATERIALIZED (
			-- what is not named is not computed
			SELECT l.ledger, l.item, l.part, l.step, l.level, l.occurrence, l.last_step, l.last_channel, l.channel, l.label, l.manual,
				s.fee, s.fee_currency, l.customer, l.customer_name, l.payer, l.payer_name, l.by_customer, l.email, l.phone, l.language,
				l.company, l.currency, l.reference, l.due_on, l.days_past_due, l.open_amount, l.held_amount, l.late_interest,
				l.compensation, l.compensation_currency, l.late_fee, l.procedure_name,
				_dunning.dunning_procedure_hash_extended(l.procedure, 0) AS procedure_hash, l.document, l.state, l.problem AS read_problem,
				l.rule, l.penalty_problem
			FROM (%s) AS l
			LEFT JOIN dunning.currency AS y ON y.code = l.currency
			CROSS JOIN LATERAL _dunning.step_fee(l.procedure, l.level, l.open_amount - l.held_amount, l.currency, y.decimals) AS s
		), repeated AS MATERIALIZED (
			-- whose reminders would be taken for those of the other
			SELECT r.item, r.part
			FROM _dunning.repeated_items($3, $2, VARIADIC ARRAY(SELECT DISTINCT v.item FROM v WHERE v.state = 'due'
				AND v.read_problem IS NULL)) AS r
			WHERE $4
		), w AS MATERIALIZED (
			SELECT v.*, coalesce(v.read_problem, CASE WHEN e.item IS NOT NULL THEN 'several rows of the ledger have this key' END) AS problem
			FROM v LEFT JOIN repeated AS e ON e.item = v.item AND e.part = v.part
		), bearing AS MATERIALIZED (
			SELECT b.* FROM _dunning.run_documents($3,
				ARRAY(SELECT DISTINCT w.document FROM w WHERE w.state = 'due' AND w.compensation > 0 AND w.document IS NOT NULL),
				ARRAY(SELECT DISTINCT w.item FROM w WHERE w.state = 'due' AND w.compensation > 0 AND w.document IS NULL AND w.part > 1)) AS b
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
		INSERT INTO _dunning.run_item (run, ledger, item, part, step, level, occurrence, last_step, last_channel, channel, label, manual,
			fee, fee_currency, customer, customer_name, payer, payer_name, by_customer, email, phone, language, company, currency,
			reference, due_on, days_past_due, open_amount, held_amount, late_interest, compensation, compensation_currency, late_fee,
			procedure_name, procedure_hash)
		SELECT $1, w.ledger, w.item, w.part, w.step, w.level, w.occurrence, w.last_step, w.last_channel, w.channel, w.label, w.manual,
			w.fee, w.fee_currency, w.customer, w.customer_name, w.payer, w.payer_name, w.by_customer, w.email, w.phone, w.language,
			w.company, w.currency, w.reference, w.due_on, w.days_past_due, w.open_amount, w.held_amount, w.late_interest,
			CASE WHEN EXISTS (SELECT FROM bearing AS b WHERE b.key = coalesce(w.document, w.item) AND b.of_parts = (w.document IS NULL)
				AND (b.item, b.part) <> (w.item, w.part))
				THEN 0 ELSE w.compensation END, w.compensation_currency, w.late_fee,
			w.procedure_name, w.procedure_hash
		FROM w WHERE w.problem IS NULL
		-- the oldest first, in one order whatever the plan
		ORDER BY w.due_on, w.item, w.part, w.level $q$,
		CASE WHEN EXISTS (SELECT FROM dunning.procedure AS p WHERE _dunning.by_customer(p.procedure))
			THEN _dunning.run_taken_query(_dunning.customers_worklist(source, day))
			ELSE _dunning.due_query(source, day) END)
	USING run, as_of, ledger, _dunning.keys_may_repeat(ledger), items;
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
	agenda dunning.item_key[];
	n integer := 0;
BEGIN
	-- what is hidden may be a payment
	IF dunning.ledger_hidden(ledger) IS NOT NULL THEN
		PERFORM _dunning.note_problem(run, ledger, '', NULL, dunning.ledger_hidden(ledger));
		RETURN 0;
	END IF;
	IF _dunning.has_agenda(ledger) THEN
		PERFORM _dunning.agenda_take(ledger, day);
		agenda := CASE WHEN _dunning.agenda_knows(ledger, day) THEN _dunning.agenda_items(ledger, day) END;
	END IF;
	PERFORM _dunning.note_problem(run, ledger, '', NULL, s.message, 'statements' || coalesce(' ' || s.company, ''), s.items)
		FROM _dunning.old_statements(ledger, day) AS s;
	PERFORM set_config('dunning.today', to_char(day, 'YYYY-MM-DD'), true);
	IF agenda IS NULL OR _dunning.agenda_is_old(ledger, day) THEN
		n := _dunning.run_step('_dunning.run_due', run, day, ledger);
	ELSIF cardinality(agenda) > 0 THEN
		n := _dunning.run_step('_dunning.run_due', run, day, ledger, agenda);
	END IF;
	PERFORM set_config('dunning.today', coalesce(before, ''), true);
	-- where all was read, the agenda must have known it
	PERFORM _dunning.note_problem(run_collect.run, run_collect.ledger, '', NULL,
		format('the agenda did not know of items that are due, such as %s: a trigger of dunning.watch_ledger was off, or a table was emptied', min(d.item::text)), 'agenda', count(*)::integer)
	FROM _dunning.run_item AS d
	WHERE agenda IS NOT NULL AND d.run = run_collect.run AND d.ledger = run_collect.ledger AND d.item <> ALL (agenda) HAVING count(*) > 0;
	RETURN n;
END
$$;
COMMENT ON FUNCTION _dunning.run_collect(bigint, name) IS
	'Reads what is due in a ledger as of the day of the run, all of it or what its agenda names, returns the number, and sets aside the items that cannot be computed';

-- What could not be computed is looked at again by each run.
CREATE FUNCTION _dunning.run_agenda(run bigint, ledger name) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	day CONSTANT date := (SELECT g.as_of FROM dunning.run_log AS g WHERE g.run = run_agenda.run);
	known CONSTANT boolean := _dunning.agenda_knows(ledger, day) AND NOT _dunning.agenda_is_old(ledger, day);
	-- before anything is read
	settings CONSTANT text := _dunning.agenda_settings(ledger);
	items dunning.item_key[];
BEGIN
	IF known THEN
		items := _dunning.agenda_items(ledger, day);
		-- of what is hidden nothing was read
		IF cardinality(items) = 0 OR dunning.ledger_hidden(ledger) IS NOT NULL THEN
			RETURN;
		END IF;
	ELSE
		DELETE FROM _dunning.agenda_state AS s WHERE s.ledger = run_agenda.ledger;
		IF day <> _dunning.real_day() OR _dunning.has_agenda(ledger) IS NOT TRUE OR dunning.ledger_hidden(ledger) IS NOT NULL THEN
			DELETE FROM _dunning.agenda AS a WHERE a.ledger = run_agenda.ledger;
			-- nobody asks for it before all is read again
			DELETE FROM _dunning.touched AS t WHERE t.ledger = run_agenda.ledger;
			RETURN;
		END IF;
		INSERT INTO _dunning.agenda_state (ledger, settings, read_on) VALUES (run_agenda.ledger, settings, day);
	END IF;
	PERFORM _dunning.run_step('_dunning.agenda_step', run, day, ledger, items);
	INSERT INTO _dunning.agenda AS a (ledger, item, look_on)
	SELECT p.ledger, p.item, day FROM dunning.run_problem AS p
	WHERE p.run = run_agenda.run AND p.ledger = run_agenda.ledger AND p.sqlstate IS NOT NULL AND p.item <> ''
	ON CONFLICT ON CONSTRAINT agenda_pkey DO UPDATE SET look_on = excluded.look_on;
	IF EXISTS (SELECT FROM dunning.run_problem AS p
			WHERE p.run = run_agenda.run AND p.ledger = run_agenda.ledger AND p.item = '' AND (p.sqlstate IS NOT NULL OR p.topic = 'more')) THEN
		DELETE FROM _dunning.agenda_state AS s WHERE s.ledger = run_agenda.ledger;
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.run_agenda(bigint, name) IS
	'Brings the agenda of a ledger to what holds after a run, or makes it anew; none is kept where not all is seen, or of a run of a past day';

CREATE FUNCTION _dunning.run_write(run bigint, after bigint, size integer DEFAULT _dunning.run_batch_size()) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	query CONSTANT text := $q$
		INSERT INTO dunning.reminder (run, ledger, item, part, step, level, occurrence, raised_on, channel, label, manual, fee,
			fee_currency, customer, customer_name, payer, payer_name, by_customer, email, phone, language, company, currency, reference,
			due_on, days_past_due, open_amount, held_amount, late_interest, compensation, compensation_currency, late_fee)
		SELECT d.run, d.ledger, d.item, d.part, d.step, d.level, d.occurrence, g.as_of, d.channel, d.label, d.manual, d.fee, d.fee_currency,
			d.customer, d.customer_name, d.payer, d.payer_name, d.by_customer, d.email, d.phone, d.language, d.company, d.currency,
			d.reference, d.due_on, d.days_past_due, d.open_amount, d.held_amount, d.late_interest, d.compensation, d.compensation_currency,
			d.late_fee
		FROM _dunning.run_item AS d
		JOIN dunning.run_log AS g ON g.run = d.run
		-- what is due of a procedure that was changed meanwhile is for the next run
		JOIN dunning.procedure AS p ON p.name = d.procedure_name
			AND _dunning.dunning_procedure_hash_extended(p.procedure, 0) = d.procedure_hash
		WHERE d.run = $1 AND d.nth > $2 AND d.nth <= $3
			-- a run of a past day raises nothing before what was raised later
			AND (g.as_of >= _dunning.real_day() OR NOT EXISTS (SELECT FROM dunning.reminder AS r
				WHERE r.item = d.item AND r.ledger = d.ledger AND r.part = d.part AND r.raised_on > g.as_of AND r.state <> 'cancelled'))
		ORDER BY d.nth $q$;
	last CONSTANT bigint := (SELECT max(d.nth) FROM (SELECT i.nth FROM _dunning.run_item AS i WHERE i.run = run_write.run
		AND i.nth > run_write.after
		ORDER BY i.nth LIMIT size) AS d);
	n integer;
BEGIN
	-- hardly ever is one there already, and ON CONFLICT asks before each row, which is a fifth of what writing costs
	BEGIN
		EXECUTE query USING run, after, last;
		GET DIAGNOSTICS n = ROW_COUNT;
	EXCEPTION WHEN unique_violation THEN
		EXECUTE query || ' ON CONFLICT (item, ledger, part, step, channel, occurrence, (CASE WHEN state = ''cancelled'' THEN reminder ELSE 0 END)) DO NOTHING' USING run, after, last;
		GET DIAGNOSTICS n = ROW_COUNT;
	END;
	UPDATE dunning.run_log AS g SET raised = g.raised + n WHERE g.run = run_write.run AND n > 0;
	RETURN last;
END
$$;
COMMENT ON FUNCTION _dunning.run_write(bigint, bigint, integer) IS
	'Writes the reminders that a run has read after one, so many or all for NULL; returns the last one, NULL if there was none';

CREATE FUNCTION _dunning.run_finish(run bigint) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	written integer;
	problems integer;
	one name;
	missing record;
	free bigint[];
BEGIN
	-- An item that was paid and is open again lost the step that this run went on from.
	free := _dunning.lock_pending(ARRAY(SELECT r.reminder FROM _dunning.run_item AS i
		JOIN dunning.reminder AS r ON r.run = i.run AND r.item = i.item AND r.ledger = i.ledger AND r.part = i.part AND r.state = 'pending'
		WHERE i.run = run_finish.run AND i.last_step IS NOT NULL AND NOT _dunning.of_event(i.step)
			AND NOT EXISTS (SELECT FROM dunning.reminder AS m WHERE m.item = i.item AND m.ledger = i.ledger AND m.part = i.part
				AND m.state <> 'cancelled' AND m.step = i.last_step AND m.channel = i.last_channel)));
	WITH again AS (
		UPDATE dunning.reminder AS r
		SET state = 'cancelled', cancelled_on = r.raised_on, cancelled_at = now(), withdrawn = true,
			reason = format('the step before it, "%s %s", was cancelled', i.last_step, i.last_channel)
		FROM _dunning.run_item AS i
		WHERE i.run = run_finish.run AND i.last_step IS NOT NULL AND NOT _dunning.of_event(i.step)
			AND r.item = i.item AND r.ledger = i.ledger AND r.part = i.part AND r.reminder = ANY (free)
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
	one pg_catalog.name;
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
		PERFORM _dunning.run_agenda(number, one);
		COMMIT;
	END LOOP;
	PERFORM _dunning.run_rates(number);
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
	FOREACH one IN ARRAY _dunning.run_ledgers(number) LOOP
		PERFORM _dunning.run_plans(number, one);
		PERFORM _dunning.run_review(number, one);
		PERFORM _dunning.run_collect(number, one);
		written := coalesce(_dunning.run_write(number, written, NULL), written);
		PERFORM _dunning.run_agenda(number, one);
	END LOOP;
	PERFORM _dunning.run_rates(number);
	written := _dunning.run_finish(number);
	PERFORM _dunning.run_unlock(until_end => true);
	RETURN written;
END
$$;
COMMENT ON FUNCTION dunning.run_reminders(date, name) IS
	'The run in one transaction, for a caller who wants it to be part of his own; other runs are refused until this transaction ends; returns the number of reminders written';
