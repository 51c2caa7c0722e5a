-- The dunning run.

-- Reminders a batch, and items read at once: what bounds the memory of a run
-- and the length of its transactions.
CREATE FUNCTION dunning.run_batch_size() RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 1000;
COMMENT ON FUNCTION dunning.run_batch_size() IS 'Reminders that a run writes in one transaction';
CREATE FUNCTION dunning.run_read_size() RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 100000;
COMMENT ON FUNCTION dunning.run_read_size() IS 'Reminders that a run holds in memory at once';

CREATE FUNCTION dunning.run_lock() RETURNS boolean
	LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'dunning_run_lock';
COMMENT ON FUNCTION dunning.run_lock() IS
	'Takes the lock of the dunning run for the session; false if another session has it. An error lets it go';
CREATE FUNCTION dunning.run_unlock() RETURNS void
	LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'dunning_run_unlock';
COMMENT ON FUNCTION dunning.run_unlock() IS 'Lets the lock of the dunning run go';

CREATE FUNCTION dunning.run_begin(as_of date, ledger name) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	number bigint;
	day date := coalesce(as_of, dunning.today());
BEGIN
	IF day NOT BETWEEN '0001-01-01' AND '9999-12-31' THEN
		RAISE EXCEPTION 'no run is possible on %', day
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a day of the years 0001 to 9999.';
	END IF;
	IF ledger IS NOT NULL AND NOT EXISTS (SELECT FROM dunning.ledger AS l WHERE l.ledger = run_begin.ledger) THEN
		RAISE EXCEPTION 'ledger "%" does not exist', ledger
			USING ERRCODE = 'undefined_object', HINT = 'SELECT ledger FROM dunning.ledger lists them.';
	END IF;
	INSERT INTO dunning.run_log (as_of, ledger) VALUES (day, run_begin.ledger) RETURNING run_log.run INTO number;
	RETURN number;
END
$$;
COMMENT ON FUNCTION dunning.run_begin(date, name) IS 'Opens a run in dunning.run_log and returns its number';

CREATE FUNCTION dunning.run_ledgers(run bigint) RETURNS name[]
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN coalesce((SELECT array_agg(l.ledger ORDER BY l.ledger)
		FROM dunning.ledger AS l JOIN dunning.run_log AS g ON g.run = run_ledgers.run
		WHERE g.ledger IS NULL OR l.ledger = g.ledger), '{}');
COMMENT ON FUNCTION dunning.run_ledgers(bigint) IS 'The ledgers that a run works on';

-- Reads the work list of one ledger, or of one item of it, once: sets aside what
-- has a problem and returns what is due, not yet written.
CREATE FUNCTION dunning.run_due(run bigint, as_of date, ledger name, item dunning.item_key) RETURNS dunning.reminder[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
	due dunning.reminder[];
BEGIN
	WITH w AS MATERIALIZED (
		SELECT l.*, s.manual, s.fee, s.fee_currency
		FROM dunning.run_worklist(run_due.ledger, run_due.item) AS l
		LEFT JOIN LATERAL dunning.steps(l.procedure) AS s ON s.level = l.level
	), aside AS (
		INSERT INTO dunning.run_problem (run, ledger, item, message)
		SELECT run_due.run, w.ledger, coalesce(w.item, '(no key)'), w.problem FROM w WHERE w.problem IS NOT NULL
		ON CONFLICT DO NOTHING
	)
	SELECT array_agg(ROW(d.*)::dunning.reminder) INTO due
	FROM (SELECT NULL::bigint AS reminder, run_due.run AS run, w.ledger, w.item, w.part, w.level, run_due.as_of AS raised_on,
			'pending'::dunning.reminder_state AS state, w.channel, w.label, w.manual, w.fee, w.fee_currency,
			w.customer, w.customer_name, w.email, w.phone, w.language, w.company, w.currency, w.reference,
			w.due_on, w.days_past_due, w.open_amount, w.late_interest, w.compensation, w.compensation_currency,
			now() AS raised_at, NULL::date AS sent_on, NULL::timestamptz AS sent_at, NULL::timestamptz AS cancelled_at, NULL::text AS reason
		FROM w WHERE w.problem IS NULL
		LIMIT dunning.run_read_size()) AS d;
	RETURN due;
END
$$;
COMMENT ON FUNCTION dunning.run_due(bigint, date, name, dunning.item_key) IS
	'The reminders that are due in a ledger or for one item, not yet written; items with a problem are set aside';

CREATE FUNCTION dunning.note_problem(run bigint, ledger name, item dunning.item_key, state text, message text) RETURNS void
	LANGUAGE sql
	BEGIN ATOMIC
		INSERT INTO dunning.run_problem (run, ledger, item, sqlstate, message)
		VALUES (note_problem.run, note_problem.ledger, note_problem.item, note_problem.state, note_problem.message)
		ON CONFLICT DO NOTHING;
	END;
COMMENT ON FUNCTION dunning.note_problem(bigint, name, dunning.item_key, text, text) IS 'Sets an item aside in dunning.run_problem';

-- Reading all items of a ledger one by one is for ledgers that can look an item
-- up; of a view without an index it would take for ever.
CREATE FUNCTION dunning.can_look_up(ledger name) RETURNS boolean
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	small CONSTANT double precision := 10000;	/* a cost that does not matter */
	reader CONSTANT oid := dunning.ledger_reader(ledger);
	items CONSTANT text := (SELECT format('%s(%L::date) AS i', dunning.ledger_function(l.id), dunning.today())
		FROM dunning.ledger AS l WHERE l.ledger = can_look_up.ledger);
	query CONSTANT text := format('SELECT i.* FROM %s WHERE (i.open_amount = 0) IS NOT TRUE', items);
	key dunning.item_key;
BEGIN
	SELECT k INTO key FROM dunning.read_texts(reader, format('SELECT i.item::text FROM %s LIMIT 1', items)) AS k;
	RETURN key IS NULL OR dunning.query_cost(reader, format('%s AND %s', query, dunning.item_condition(key)))
			< greatest(dunning.query_cost(reader, query) / 20, small / 100)
		OR dunning.query_cost(reader, query) < small;
END
$$;
COMMENT ON FUNCTION dunning.can_look_up(name) IS 'Whether looking up one item of a ledger is cheap next to reading all of them';

-- Reads what is due in one ledger, as of the day of the run.  Items with a known
-- problem are set aside by the same query; if an item raises an error, all are
-- read one by one, so that it alone is set aside.
CREATE FUNCTION dunning.run_collect(run bigint, ledger name) RETURNS dunning.reminder[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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
		PERFORM dunning.note_problem(run, ledger, '', NULL, dunning.ledger_hidden(ledger));
		RETURN NULL;
	END IF;
	PERFORM set_config('dunning.today', to_char(day, 'YYYY-MM-DD'), true);
	BEGIN
		due := dunning.run_due(run, day, ledger, NULL);
	EXCEPTION
		WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
			RAISE;
		WHEN OTHERS THEN
			IF SQLSTATE = '42501' AND dunning.ledger_reader(ledger) = dunning.me() THEN
				RAISE;
			END IF;
			due := NULL;
			BEGIN
				IF NOT dunning.can_look_up(ledger) THEN
					RAISE;
				END IF;
				-- XXX each item costs a few milliseconds, for a plan of its own
				FOR key IN SELECT k FROM dunning.ledger_keys(ledger) AS k LOOP
					BEGIN
						FOREACH found_due IN ARRAY coalesce(dunning.run_due(run, day, ledger, key), '{}') LOOP
							due := array_append(due, found_due);	-- in place, unlike ||
						END LOOP;
						EXIT WHEN cardinality(due) >= dunning.run_read_size();
					EXCEPTION
						WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
							RAISE;
						WHEN OTHERS THEN
							PERFORM dunning.note_problem(run, ledger, key, SQLSTATE, SQLERRM);
					END;
				END LOOP;
			EXCEPTION
				WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
					RAISE;
				WHEN OTHERS THEN
					-- items cannot be read one by one: the ledger is set aside as a whole
					PERFORM dunning.note_problem(run, ledger, '', SQLSTATE, SQLERRM);
			END;
	END;
	PERFORM set_config('dunning.today', coalesce(before, ''), true);
	RETURN due;
END
$$;
COMMENT ON FUNCTION dunning.run_collect(bigint, name) IS
	'Reads up to run_read_size() reminders that are due in a ledger, and sets aside the items that cannot be computed';

CREATE FUNCTION dunning.run_write(run bigint, due dunning.reminder[], first integer) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	last CONSTANT integer := first + dunning.run_batch_size() - 1;
	n integer;
BEGIN
	IF first > coalesce(cardinality(due), 0) THEN
		RETURN NULL;
	END IF;
	INSERT INTO dunning.reminder (run, ledger, item, part, level, raised_on, state, channel, label, manual, fee, fee_currency,
		customer, customer_name, email, phone, language, company, currency, reference,
		due_on, days_past_due, open_amount, late_interest, compensation, compensation_currency)
	SELECT d.run, d.ledger, d.item, d.part, d.level, d.raised_on, d.state, d.channel, d.label, d.manual, d.fee, d.fee_currency,
		d.customer, d.customer_name, d.email, d.phone, d.language, d.company, d.currency, d.reference,
		d.due_on, d.days_past_due, d.open_amount, d.late_interest, d.compensation, d.compensation_currency
	FROM unnest(due[first:last]) AS d
	ON CONFLICT (item, ledger, part, level) WHERE state <> 'cancelled' DO NOTHING;
	GET DIAGNOSTICS n = ROW_COUNT;
	UPDATE dunning.run_log AS g SET raised = g.raised + n WHERE g.run = run_write.run;
	RETURN CASE WHEN last < cardinality(due) THEN last + 1 END;
END
$$;
COMMENT ON FUNCTION dunning.run_write(bigint, dunning.reminder[], integer) IS
	'Writes one batch of collected reminders; returns where the next one begins, NULL at the end';

-- A ledger has more to read if what was read filled the memory of a run and
-- something of it was written.
CREATE FUNCTION dunning.run_again(due dunning.reminder[]) RETURNS boolean
	LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
	RETURN coalesce(cardinality(due), 0) >= dunning.run_read_size()
		AND EXISTS (SELECT FROM dunning.reminder AS r
			WHERE r.ledger = due[cardinality(due)].ledger AND r.item = due[cardinality(due)].item
				AND r.part = due[cardinality(due)].part AND r.level = due[cardinality(due)].level AND r.state <> 'cancelled');
COMMENT ON FUNCTION dunning.run_again(dunning.reminder[]) IS 'Whether a ledger may have more to read after what was written';

CREATE FUNCTION dunning.run_finish(run bigint) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	before CONSTANT text := current_setting('dunning.today', true);
	day date;
	gone integer := 0;
	written integer;
	problems integer;
	one name;
	key dunning.item_key;
BEGIN
	SELECT g.as_of INTO day FROM dunning.run_log AS g WHERE g.run = run_finish.run;
	PERFORM set_config('dunning.today', to_char(day, 'YYYY-MM-DD'), true);
	FOREACH one IN ARRAY dunning.run_ledgers(run_finish.run) LOOP
		BEGIN
			gone := gone + dunning.settle(one);
		EXCEPTION
			WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
				RAISE;
			WHEN OTHERS THEN
				-- one by one, so that only the item that raises the error is left out
				FOR key IN SELECT DISTINCT r.item FROM dunning.reminder AS r WHERE r.ledger = one AND r.state = 'pending'
					AND NOT EXISTS (SELECT FROM dunning.run_problem AS p WHERE p.run = run_finish.run AND p.ledger = one AND p.item = '')
				LOOP
					BEGIN
						gone := gone + dunning.settle(one, key);
					EXCEPTION
						WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
							RAISE;
						WHEN OTHERS THEN
							PERFORM dunning.note_problem(run_finish.run, one, key, SQLSTATE, SQLERRM);
					END;
				END LOOP;
		END;
	END LOOP;
	PERFORM set_config('dunning.today', coalesce(before, ''), true);
	UPDATE dunning.run_log AS g
	SET cancelled = gone, finished_at = clock_timestamp(),
		problems = (SELECT count(*) FROM dunning.run_problem AS p WHERE p.run = g.run)
	WHERE g.run = run_finish.run
	RETURNING g.raised, g.problems INTO written, problems;
	IF problems > 0 THEN
		RAISE WARNING 'the dunning run % set % item(s) aside', run_finish.run, problems
			USING HINT = format('SELECT * FROM dunning.run_problem WHERE run = %s.', run_finish.run);
	END IF;
	IF written > 0 THEN
		PERFORM pg_notify('dunning', jsonb_build_object('run', run_finish.run, 'raised', written)::text);
	END IF;
	RETURN written;
END
$$;
COMMENT ON FUNCTION dunning.run_finish(bigint) IS
	'Cancels the pending reminders of items that are no longer open, closes the run, notifies the channel "dunning", warns of items set aside, and returns the reminders written';

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
	IF NOT dunning.run_lock() THEN
		RAISE NOTICE 'another dunning run is working: nothing done';
		RETURN;
	END IF;
	number := dunning.run_begin(as_of, ledger);
	COMMIT;
	FOREACH one IN ARRAY dunning.run_ledgers(number) LOOP
		LOOP
			due := dunning.run_collect(number, one);
			COMMIT;
			next_batch := 1;
			LOOP
				next_batch := dunning.run_write(number, due, next_batch);
				COMMIT;
				EXIT WHEN next_batch IS NULL;
			END LOOP;
			EXIT WHEN NOT dunning.run_again(due);
		END LOOP;
	END LOOP;
	PERFORM dunning.run_finish(number);
	COMMIT;
	PERFORM dunning.run_unlock();
END
$$;
COMMENT ON PROCEDURE dunning.run(date, name) IS
	'Writes the reminders that are due on a day (default: dunning.today()), in batches that commit; a second run adds nothing, a concurrent one returns at once, and a standby does nothing';

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
	IF NOT dunning.run_lock() THEN
		RAISE NOTICE 'another dunning run is working: nothing done';
		RETURN 0;
	END IF;
	number := dunning.run_begin(as_of, ledger);
	FOREACH one IN ARRAY dunning.run_ledgers(number) LOOP
		LOOP
			due := dunning.run_collect(number, one);
			next_batch := 1;
			LOOP
				next_batch := dunning.run_write(number, due, next_batch);
				EXIT WHEN next_batch IS NULL;
			END LOOP;
			EXIT WHEN NOT dunning.run_again(due);
		END LOOP;
	END LOOP;
	written := dunning.run_finish(number);
	PERFORM dunning.run_unlock();
	RETURN written;
END
$$;
COMMENT ON FUNCTION dunning.run_reminders(date, name) IS
	'The run in one transaction, for a caller who wants it to be part of his own; returns the number of reminders written';
