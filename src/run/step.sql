-- One step of a run, or of claims, over a ledger: all items by one query, or by
-- halves if an item raises an error, so that it alone is set aside.

-- Reading all items of a ledger one by one is for ledgers that can look an item
-- up; of a view without an index it would take for ever.
CREATE FUNCTION _dunning.can_look_up(ledger name) RETURNS boolean
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	small CONSTANT double precision := 10000;	/* a cost that does not matter */
	reader CONSTANT oid := dunning.ledger_reader(ledger);
	items CONSTANT text := (SELECT _dunning.ledger_call(l.id, format('%L::date', dunning.today())) || ' AS i'
		FROM dunning.ledger AS l WHERE l.ledger = can_look_up.ledger);
	query CONSTANT text := format('SELECT i.* FROM %s WHERE (i.open_amount <> 0 OR i.open_amount IS NULL)', items);
	key dunning.item_key;
BEGIN
	SELECT k INTO key FROM _dunning.read_texts(reader, format('SELECT i.item::text FROM %s LIMIT 1', items)) AS k;
	RETURN key IS NULL OR _dunning.query_cost(reader, format('%s AND %s', query, _dunning.item_condition(key)))
			< greatest(_dunning.query_cost(reader, query) / 20, small / 100)
		OR _dunning.query_cost(reader, query) < small;
END
$$;
COMMENT ON FUNCTION _dunning.can_look_up(name) IS 'Whether looking up one item of a ledger is cheap next to reading all of them';

-- An item that raises an error fails the query that reads it.  Halving what
-- failed finds it with some log2(n) queries.
CREATE FUNCTION _dunning.run_apart(step regproc, run bigint, as_of date, ledger name, items dunning.item_key[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	half CONSTANT integer := cardinality(items) / 2;
	n integer;
BEGIN
	IF cardinality(items) = 0 THEN
		RETURN 0;
	END IF;
	BEGIN
		EXECUTE format('SELECT %s($1, $2, $3, $4)', step) INTO n USING run, as_of, ledger, items;
		RETURN n;
	EXCEPTION
		WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
			RAISE;
		WHEN OTHERS OR assert_failure THEN
			IF half = 0 THEN
				PERFORM _dunning.note_problem(run, ledger, items[1], SQLSTATE, SQLERRM);
				RETURN 0;
			END IF;
	END;
	RETURN _dunning.run_apart(step, run, as_of, ledger, items[:half]) + _dunning.run_apart(step, run, as_of, ledger, items[half + 1:]);
END
$$;
COMMENT ON FUNCTION _dunning.run_apart(regproc, bigint, date, name, dunning.item_key[]) IS
	'Does a step of a run, a function (run, day, ledger, items), for items of a ledger, sets each aside that raises an error, and returns what the step did';

CREATE FUNCTION _dunning.run_step(step regproc, run bigint, as_of date, ledger name, items dunning.item_key[] DEFAULT NULL) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	n integer;
BEGIN
	EXECUTE format('SELECT %s($1, $2, $3, $4)', step) INTO n USING run, as_of, ledger, items;
	RETURN n;
EXCEPTION
	WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
		RAISE;
	WHEN OTHERS OR assert_failure THEN
		-- a row of another session that this transaction does not see
		IF SQLSTATE = '23505' AND current_setting('transaction_isolation') <> 'read committed' THEN
			RAISE;
		END IF;
		-- who may not read one ledger runs the others all the same
		IF SQLSTATE = '42501' AND dunning.ledger_reader(ledger) = _dunning.me() THEN
			IF EXISTS (SELECT FROM dunning.run_log AS g WHERE g.run = run_step.run AND g.ledger IS NOT NULL) THEN
				RAISE;
			END IF;
			PERFORM _dunning.note_problem(run, ledger, '', SQLSTATE, SQLERRM);
			RETURN 0;
		END IF;
		BEGIN
			IF NOT _dunning.can_look_up(ledger) THEN
				RAISE;
			END IF;
			RETURN _dunning.run_apart(step, run, as_of, ledger, coalesce(items, ARRAY(SELECT k FROM _dunning.ledger_keys(ledger) AS k)));
		EXCEPTION
			WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
				RAISE;
			WHEN OTHERS OR assert_failure THEN
				-- items cannot be read by their keys: the ledger is set aside as a whole
				PERFORM _dunning.note_problem(run, ledger, '', SQLSTATE, SQLERRM);
				RETURN 0;
		END;
END
$$;
COMMENT ON FUNCTION _dunning.run_step(regproc, bigint, date, name, dunning.item_key[]) IS
	'Does a step of a run, a function (run, day, ledger, items), for a ledger or for items of it, sets aside what raises an error, and returns what the step did';
