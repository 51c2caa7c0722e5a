-- The dunning run.

-- Reminders a batch, and items read at once: what bounds the memory of a run
-- and the length of its transactions.
CREATE FUNCTION _dunning.run_batch_size() RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 1000;
COMMENT ON FUNCTION _dunning.run_batch_size() IS 'Reminders that a run writes in one transaction';
CREATE FUNCTION _dunning.run_read_size() RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 100000;
COMMENT ON FUNCTION _dunning.run_read_size() IS 'Reminders that a run holds in memory at once';

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
COMMENT ON FUNCTION _dunning.run_day(date) IS 'The day of a run: the current date, whatever dunning.today says, or the given one; error 22023 for a day to come or outside the years 1 to 9999';

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

CREATE FUNCTION _dunning.run_ledgers(run bigint) RETURNS name[]
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN coalesce((SELECT array_agg(l.ledger ORDER BY l.ledger)
		FROM dunning.ledger AS l JOIN dunning.run_log AS g ON g.run = run_ledgers.run
		WHERE l.state = 'adopted' AND (g.ledger IS NULL OR l.ledger = g.ledger)), '{}');
COMMENT ON FUNCTION _dunning.run_ledgers(bigint) IS 'The ledgers that a run works on';

-- Reads the work list of one ledger, or of one item of it, once: sets aside what
-- has a problem and returns what is due, not yet written.
CREATE FUNCTION _dunning.run_due(run bigint, as_of date, ledger name, item dunning.item_key) RETURNS dunning.reminder[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
#variable_conflict use_column
DECLARE
	due dunning.reminder[];
BEGIN
	WITH w AS MATERIALIZED (
		SELECT l.*, s.manual, s.fee, s.fee_currency
		FROM _dunning.ledger_worklist(run_due.ledger, _dunning.item_condition(run_due.item),
			'w.state IN (''due'', ''unconfirmed'') OR w.state IS NULL AND w.problem IS NOT NULL') AS l
		LEFT JOIN LATERAL dunning.steps(l.procedure) AS s ON s.level = l.level
	), bearing AS MATERIALIZED (
		SELECT b.* FROM _dunning.run_documents(run_due.ledger,
			ARRAY(SELECT DISTINCT w.document FROM w WHERE w.state = 'due' AND w.compensation > 0 AND w.document IS NOT NULL)) AS b
	), aside AS (
		-- one row for all items of a procedure that was changed
		INSERT INTO dunning.run_problem AS q (run, ledger, item, topic, message, items)
		SELECT run_due.run, w.ledger, _dunning.noted_key(w.item), '', min(w.problem), 1
		FROM w WHERE w.problem IS NOT NULL AND w.state IS DISTINCT FROM 'unconfirmed' GROUP BY 2, 3
		UNION ALL
		SELECT run_due.run, w.ledger, '', 'procedure ' || w.procedure_name,
			format('the procedure "%s" was changed in steps that items have had: SELECT dunning.confirm_procedure(%L, ''{...}''), '
				'with the new level of each old one, 0 for none; without levels each keeps its number', w.procedure_name, w.ledger),
			count(*)
		FROM w WHERE w.state = 'unconfirmed' GROUP BY w.ledger, w.procedure_name
		UNION ALL
		SELECT run_due.run, w.ledger, '', 'rule ' || w.rule, 'reminders go out without late interest: ' || min(w.penalty_problem), count(*)
		FROM w WHERE w.state = 'due' AND w.problem IS NULL AND w.penalty_problem IS NOT NULL GROUP BY w.ledger, w.rule
		ON CONFLICT ON CONSTRAINT run_problem_pkey DO UPDATE
		SET items = CASE WHEN run_due.item IS NULL THEN greatest(q.items, excluded.items) ELSE q.items + excluded.items END
		WHERE excluded.topic <> ''
	)
	-- a procedure goes along by its name (reason) and hash (counts_as): its value in each
	-- element would make the array twice as large
	SELECT array_agg(ROW(d.*)::dunning.reminder) INTO due
	FROM (SELECT NULL::bigint AS reminder, run_due.run AS run, w.ledger, w.item, w.part, w.level, run_due.as_of AS raised_on,
			'pending' AS state, w.channel, w.label, w.manual, w.fee, w.fee_currency,
			w.customer, w.customer_name, w.email, w.phone, w.language, w.company, w.currency, w.reference,
			w.due_on, w.days_past_due, w.open_amount, w.late_interest,
			CASE WHEN EXISTS (SELECT FROM bearing AS b WHERE b.document = w.document AND (b.item, b.part) <> (w.item, w.part))
				THEN 0 ELSE w.compensation END AS compensation, w.compensation_currency,
			now() AS raised_at, NULL::date AS sent_on, NULL::timestamptz AS sent_at, NULL::timestamptz AS cancelled_at, w.procedure_name AS reason,
			NULL::date AS skipped_on, NULL::dunning.dunning_procedure AS procedure, _dunning.dunning_procedure_hash(w.procedure) AS counts_as, NULL::dunning.dunning_procedure AS counts_in
		FROM w WHERE w.problem IS NULL
		LIMIT _dunning.run_read_size()) AS d;
	RETURN due;
END
$$;
COMMENT ON FUNCTION _dunning.run_due(bigint, date, name, dunning.item_key) IS
	'The reminders that are due in a ledger or for one item, not yet written; items with a problem are set aside';

-- Reading all items of a ledger one by one is for ledgers that can look an item
-- up; of a view without an index it would take for ever.
CREATE FUNCTION _dunning.can_look_up(ledger name) RETURNS boolean
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	small CONSTANT double precision := 10000;	/* a cost that does not matter */
	reader CONSTANT oid := dunning.ledger_reader(ledger);
	items CONSTANT text := (SELECT format('%s(%L::date) AS i', _dunning.ledger_function(l.id), dunning.today())
		FROM dunning.ledger AS l WHERE l.ledger = can_look_up.ledger);
	query CONSTANT text := format('SELECT i.* FROM %s WHERE (i.open_amount = 0) IS NOT TRUE', items);
	key dunning.item_key;
BEGIN
	SELECT k INTO key FROM _dunning.read_texts(reader, format('SELECT i.item::text FROM %s LIMIT 1', items)) AS k;
	RETURN key IS NULL OR _dunning.query_cost(reader, format('%s AND %s', query, _dunning.item_condition(key)))
			< greatest(_dunning.query_cost(reader, query) / 20, small / 100)
		OR _dunning.query_cost(reader, query) < small;
END
$$;
COMMENT ON FUNCTION _dunning.can_look_up(name) IS 'Whether looking up one item of a ledger is cheap next to reading all of them';

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
CREATE FUNCTION _dunning.run_review_items(run bigint, as_of date, ledger name, item dunning.item_key, again boolean DEFAULT false)
	RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off AS $$
#variable_conflict use_column
DECLARE
	ids bigint[];
	reasons text[];
	unseen integer;
	examples text;
	doubtful dunning.item_key[];
	doubts text[];
	n integer;
BEGIN
	EXECUTE format($q$
		WITH p AS MATERIALIZED (
			SELECT r.*, coalesce(r.counts_as, r.level) AS now_level, coalesce(r.counts_in, r.procedure) AS now_procedure
			FROM dunning.reminder AS r
			WHERE r.ledger = $1 AND r.state = 'pending' AND r.raised_on <= $2 AND ($3 IS NULL OR r.item = $3)
		), i AS MATERIALIZED (
			SELECT s.item, s.part, s.due_on, s.open_amount, s.customer, s.currency, s.email, s.phone, s.language,
				s.disputed, s.held, s.dunnable, s.procedure
			FROM %s AS s WHERE s.item IN (SELECT p.item FROM p)
		), seen AS (
			SELECT p.reminder,
				CASE WHEN count(*) > 1 THEN 'the key is there more than once' WHEN min(i.open_amount) IS NULL THEN 'the open amount is missing' END AS doubt,
				min(CASE
					WHEN i.open_amount <= 0 THEN 'no longer open'
					WHEN i.dunnable IS FALSE THEN 'not to be dunned'
					WHEN i.disputed THEN 'in dispute'
					WHEN i.held THEN 'held in the ERP'
					WHEN i.open_amount IS NULL THEN NULL
					WHEN i.due_on IS NULL THEN 'the due date is missing'
					WHEN c.procedure IS NULL THEN format('dunning procedure "%%s" does not exist', coalesce(i.procedure, l.procedure))
					WHEN _dunning.same_steps(p.now_procedure, c.procedure, p.now_level) IS FALSE THEN 'its step of the procedure was changed'
					WHEN i.due_on <> p.due_on THEN format('due on %%s, not on %%s', to_char(i.due_on, 'YYYY-MM-DD'), to_char(p.due_on, 'YYYY-MM-DD'))
					WHEN s.state = 'below_minimum' THEN 'below the minimum of its step'
					WHEN s.state <> 'due' THEN 'its day has passed'
					WHEN i.open_amount <> p.open_amount THEN format('%%s is open, not %%s', i.open_amount, p.open_amount)
					WHEN p.run IS NOT NULL AND (i.customer, i.currency, i.email, i.phone, i.language)
						IS DISTINCT FROM (p.customer, p.currency, p.email, p.phone, p.language) THEN 'the customer or his address was changed'
					WHEN p.run IS NOT NULL AND c.procedure <> p.now_procedure AND (f.fee, f.fee_currency, f.manual) IS DISTINCT FROM (p.fee, p.fee_currency, p.manual)
						THEN 'its step of the procedure was changed'
				END) AS reason
			FROM p
			JOIN dunning.ledger AS l ON l.ledger = p.ledger
			JOIN i ON i.item = p.item AND i.part = p.part
			LEFT JOIN dunning.procedure AS c ON c.name = coalesce(i.procedure, l.procedure)
			LEFT JOIN LATERAL dunning.steps(CASE WHEN c.procedure <> p.now_procedure THEN c.procedure END) AS f ON f.level = p.now_level
			CROSS JOIN LATERAL (SELECT _dunning.state_of_step(c.procedure, p.now_level, i.due_on, $2, i.open_amount) AS state) AS s
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
		FROM verdict AS v $q$,
		_dunning.items_source(ledger, as_of, _dunning.item_condition(item)))
	INTO ids, reasons, unseen, examples, doubtful, doubts USING ledger, as_of, item;
	-- what a sender has in hand is his
	UPDATE dunning.reminder AS r
	SET state = 'cancelled', cancelled_at = now(), reason = v.reason
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
COMMENT ON FUNCTION _dunning.run_review_items(bigint, date, name, dunning.item_key, boolean) IS
	'Withdraws the pending reminders of a ledger, or of an item, that a run would not raise as they are, and returns their number; the first time in a run those of items that are not found, or of which nothing certain is known, are noted in dunning.run_problem';

CREATE FUNCTION _dunning.run_review(run bigint, ledger name, again boolean DEFAULT false) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	day CONSTANT date := (SELECT g.as_of FROM dunning.run_log AS g WHERE g.run = run_review.run);
	joins CONSTANT text := current_setting('enable_nestloop');
	key dunning.item_key;
	n integer := 0;
BEGIN
	IF dunning.ledger_hidden(ledger) IS NOT NULL OR NOT EXISTS (SELECT FROM dunning.reminder AS r
		WHERE r.ledger = run_review.ledger AND r.state = 'pending' AND r.raised_on <= day)
	THEN
		RETURN 0;
	END IF;
	BEGIN
		-- one reading of the ledger, whatever the statistics say of what is pending
		PERFORM set_config('enable_nestloop', 'off', true);
		n := _dunning.run_review_items(run, day, ledger, NULL, again);
		PERFORM set_config('enable_nestloop', joins, true);
	EXCEPTION
		WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
			RAISE;
		WHEN OTHERS OR assert_failure THEN
			IF SQLSTATE = '42501' AND dunning.ledger_reader(ledger) = _dunning.me() THEN
				IF EXISTS (SELECT FROM dunning.run_log AS g WHERE g.run = run_review.run AND g.ledger IS NOT NULL) THEN
					RAISE;
				END IF;
				PERFORM _dunning.note_problem(run, ledger, '', SQLSTATE, SQLERRM);
				RETURN 0;
			END IF;
			BEGIN
				IF NOT _dunning.can_look_up(ledger) THEN
					RAISE;
				END IF;
				-- one by one, so that only the item that raises the error is left out
				FOR key IN SELECT DISTINCT r.item FROM dunning.reminder AS r WHERE r.ledger = run_review.ledger AND r.state = 'pending' LOOP
					BEGIN
						n := n + _dunning.run_review_items(run, day, ledger, key, again);
					EXCEPTION
						WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
							RAISE;
						WHEN OTHERS OR assert_failure THEN
							PERFORM _dunning.note_problem(run, ledger, key, SQLSTATE, SQLERRM);
					END;
				END LOOP;
			EXCEPTION
				WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
					RAISE;
				WHEN OTHERS OR assert_failure THEN
					PERFORM _dunning.note_problem(run, ledger, '', SQLSTATE, SQLERRM);
			END;
	END;
	UPDATE dunning.run_log AS g SET cancelled = g.cancelled + n WHERE g.run = run_review.run;
	RETURN n;
END
$$;
COMMENT ON FUNCTION _dunning.run_review(bigint, name, boolean) IS
	'Looks at the pending reminders of a ledger again and withdraws those that are not right any more; returns their number. Where rows are hidden nothing is withdrawn';

-- Reads what is due in one ledger, as of the day of the run.  Items with a known
-- problem are set aside by the same query; if an item raises an error, all are
-- read one by one, so that it alone is set aside.
CREATE FUNCTION _dunning.run_collect(run bigint, ledger name) RETURNS dunning.reminder[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	day date;
	before CONSTANT text := current_setting('dunning.today', true);
	due dunning.reminder[];
	found_due dunning.reminder;
	key dunning.item_key;
BEGIN
	SELECT g.as_of INTO day FROM dunning.run_log AS g WHERE g.run = run_collect.run;
	-- what is hidden may be a payment
	IF dunning.ledger_hidden(ledger) IS NOT NULL THEN
		PERFORM _dunning.note_problem(run, ledger, '', NULL, dunning.ledger_hidden(ledger));
		RETURN NULL;
	END IF;
	PERFORM set_config('dunning.today', to_char(day, 'YYYY-MM-DD'), true);
	BEGIN
		due := _dunning.run_due(run, day, ledger, NULL);
	EXCEPTION
		WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
			RAISE;
		WHEN OTHERS OR assert_failure THEN
			-- who may not read one ledger runs the others all the same
			IF SQLSTATE = '42501' AND dunning.ledger_reader(ledger) = _dunning.me() THEN
				IF EXISTS (SELECT FROM dunning.run_log AS g WHERE g.run = run_collect.run AND g.ledger IS NOT NULL) THEN
					RAISE;
				END IF;
				PERFORM _dunning.note_problem(run, ledger, '', SQLSTATE, SQLERRM);
				PERFORM set_config('dunning.today', coalesce(before, ''), true);
				RETURN NULL;
			END IF;
			due := NULL;
			BEGIN
				IF NOT _dunning.can_look_up(ledger) THEN
					RAISE;
				END IF;
				-- XXX each item costs a few milliseconds, for a plan of its own
				FOR key IN SELECT k FROM _dunning.ledger_keys(ledger) AS k LOOP
					BEGIN
						FOREACH found_due IN ARRAY coalesce(_dunning.run_due(run, day, ledger, key), '{}') LOOP
							due := array_append(due, found_due);	-- in place, unlike ||
						END LOOP;
						EXIT WHEN cardinality(due) >= _dunning.run_read_size();
					EXCEPTION
						WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
							RAISE;
						WHEN OTHERS OR assert_failure THEN
							PERFORM _dunning.note_problem(run, ledger, key, SQLSTATE, SQLERRM);
					END;
				END LOOP;
			EXCEPTION
				WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
					RAISE;
				WHEN OTHERS OR assert_failure THEN
					-- items cannot be read one by one: the ledger is set aside as a whole
					PERFORM _dunning.note_problem(run, ledger, '', SQLSTATE, SQLERRM);
			END;
	END;
	PERFORM set_config('dunning.today', coalesce(before, ''), true);
	RETURN due;
END
$$;
COMMENT ON FUNCTION _dunning.run_collect(bigint, name) IS
	'Reads up to run_read_size() reminders that are due in a ledger, and sets aside the items that cannot be computed';

CREATE FUNCTION _dunning.run_write(run bigint, due dunning.reminder[], first integer) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	last CONSTANT integer := first + _dunning.run_batch_size() - 1;
	n integer;
BEGIN
	IF first > coalesce(cardinality(due), 0) THEN
		RETURN NULL;
	END IF;
	INSERT INTO dunning.reminder (run, ledger, item, part, level, raised_on, state, channel, label, manual, fee, fee_currency,
		customer, customer_name, email, phone, language, company, currency, reference,
		due_on, days_past_due, open_amount, late_interest, compensation, compensation_currency, procedure)
	SELECT d.run, d.ledger, d.item, d.part, d.level, d.raised_on, d.state, d.channel, d.label, d.manual, d.fee, d.fee_currency,
		d.customer, d.customer_name, d.email, d.phone, d.language, d.company, d.currency, d.reference,
		d.due_on, d.days_past_due, d.open_amount, d.late_interest, d.compensation, d.compensation_currency, p.procedure
	FROM unnest(due[first:last]) AS d
	-- what is due of a procedure that was changed meanwhile is for the next run
	JOIN dunning.procedure AS p ON p.name = d.reason AND _dunning.dunning_procedure_hash(p.procedure) = d.counts_as
	ON CONFLICT (item, ledger, part, (coalesce(counts_as, level))) WHERE state <> 'cancelled' AND counts_as IS DISTINCT FROM 0 DO NOTHING;
	GET DIAGNOSTICS n = ROW_COUNT;
	UPDATE dunning.run_log AS g SET raised = g.raised + n WHERE g.run = run_write.run;
	RETURN CASE WHEN last < cardinality(due) THEN last + 1 END;
END
$$;
COMMENT ON FUNCTION _dunning.run_write(bigint, dunning.reminder[], integer) IS
	'Writes one batch of collected reminders; returns where the next one begins, NULL at the end';

-- A ledger has more to read if what was read filled the memory of a run and
-- something of it was written.
CREATE FUNCTION _dunning.run_again(due dunning.reminder[]) RETURNS boolean
	LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
	RETURN coalesce(cardinality(due), 0) >= _dunning.run_read_size()
		AND EXISTS (SELECT FROM dunning.reminder AS r
			WHERE r.ledger = due[cardinality(due)].ledger AND r.item = due[cardinality(due)].item
				AND r.part = due[cardinality(due)].part AND coalesce(r.counts_as, r.level) = due[cardinality(due)].level AND r.state <> 'cancelled');
COMMENT ON FUNCTION _dunning.run_again(dunning.reminder[]) IS 'Whether a ledger may have more to read after what was written';

CREATE FUNCTION _dunning.run_finish(run bigint) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	written integer;
	problems integer;
	one name;
	missing record;
BEGIN
	-- an item that was paid while the run worked
	IF EXISTS (SELECT FROM dunning.run_log AS g WHERE g.run = run_finish.run AND g.raised > 0) THEN
		FOREACH one IN ARRAY _dunning.run_ledgers(run_finish.run) LOOP
			PERFORM _dunning.run_review(run_finish.run, one, true);
		END LOOP;
	END IF;
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
	due dunning.reminder[];
	next_batch integer;
BEGIN
	IF pg_catalog.pg_is_in_recovery() THEN
		RAISE NOTICE 'this server is a standby: the dunning run is for the primary';
		RETURN;
	END IF;
	IF NOT _dunning.run_lock() THEN
		PERFORM _dunning.run_refused(as_of, ledger);
		RETURN;
	END IF;
	number := _dunning.run_begin(as_of, ledger);
	PERFORM _dunning.run_rates(number);
	COMMIT;
	FOREACH one IN ARRAY _dunning.run_ledgers(number) LOOP
		PERFORM _dunning.run_review(number, one);
		COMMIT;
		LOOP
			due := _dunning.run_collect(number, one);
			COMMIT;
			next_batch := 1;
			LOOP
				next_batch := _dunning.run_write(number, due, next_batch);
				COMMIT;
				EXIT WHEN next_batch IS NULL;
			END LOOP;
			EXIT WHEN NOT _dunning.run_again(due);
		END LOOP;
	END LOOP;
	PERFORM _dunning.run_finish(number);
	COMMIT;
	PERFORM _dunning.run_unlock();
END
$$;
COMMENT ON PROCEDURE dunning.run(date, name) IS
	'Withdraws the pending reminders that are not right any more and writes those that are due, on the current date or a day of the past, in batches that commit; a second run adds nothing, a concurrent one is refused at once and logged, and a standby does nothing; error 22023 for a day to come';

CREATE FUNCTION dunning.run_reminders(as_of date DEFAULT NULL, ledger name DEFAULT NULL) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	number bigint;
	one name;
	due dunning.reminder[];
	next_batch integer;
	written integer;
BEGIN
	IF pg_is_in_recovery() THEN
		RAISE NOTICE 'this server is a standby: the dunning run is for the primary';
		RETURN 0;
	END IF;
	IF NOT _dunning.run_lock() THEN
		PERFORM _dunning.run_refused(as_of, ledger);
		RETURN 0;
	END IF;
	number := _dunning.run_begin(as_of, ledger);
	PERFORM _dunning.run_rates(number);
	FOREACH one IN ARRAY _dunning.run_ledgers(number) LOOP
		PERFORM _dunning.run_review(number, one);
		LOOP
			due := _dunning.run_collect(number, one);
			next_batch := 1;
			LOOP
				next_batch := _dunning.run_write(number, due, next_batch);
				EXIT WHEN next_batch IS NULL;
			END LOOP;
			EXIT WHEN NOT _dunning.run_again(due);
		END LOOP;
	END LOOP;
	written := _dunning.run_finish(number);
	PERFORM _dunning.run_unlock();
	RETURN written;
END
$$;
COMMENT ON FUNCTION dunning.run_reminders(date, name) IS
	'The run in one transaction, for a caller who wants it to be part of his own; returns the number of reminders written';
