-- Items that a run could not compute, and what else it has to say of a ledger.

CREATE TABLE dunning.run_problem (
	run bigint,
	ledger name,
	item dunning.item_key,
	sqlstate text,
	message text NOT NULL,
	topic text DEFAULT '',
	items integer NOT NULL DEFAULT 1,
	PRIMARY KEY (run, ledger, item, topic)
);
COMMENT ON TABLE dunning.run_problem IS 'Items that a run could not compute and set aside, and what else it has to say of a ledger';
COMMENT ON COLUMN dunning.run_problem.run IS 'The run';
COMMENT ON COLUMN dunning.run_problem.ledger IS 'Ledger of the item';
COMMENT ON COLUMN dunning.run_problem.item IS 'Key of the item; empty if the row is about several, or about the whole ledger';
COMMENT ON COLUMN dunning.run_problem.sqlstate IS 'SQLSTATE where an error was raised';
COMMENT ON COLUMN dunning.run_problem.message IS 'What is wrong. dunning.ledger_problems() says why a due date is missing';
COMMENT ON COLUMN dunning.run_problem.topic IS
	'What the row is about. Empty: an item or a whole ledger that was set aside. rate SERIES, rule NAME, statements COMPANY: a finding of that kind. unseen: reminders whose items were not found. agenda: due items that the agenda did not know. more: items beyond the first 1,000 of the ledger';
COMMENT ON COLUMN dunning.run_problem.items IS 'Number of items that it is about';

-- An index holds no key that is longer than a few thousand bytes.
CREATE FUNCTION _dunning.noted_key(item dunning.item_key) RETURNS dunning.item_key
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN item IS NULL THEN '(no key)'::dunning.item_key
		WHEN pg_column_size(item) > 2004 THEN (left(item::text, 100) || '...')::dunning.item_key ELSE item END
$$;
COMMENT ON FUNCTION _dunning.noted_key(dunning.item_key) IS 'A key as dunning.run_problem notes it: the beginning of one that is too long, and a word for none';

SELECT pg_catalog.pg_extension_config_dump('dunning.run_problem', '');

-- A ledger that cannot be computed would write a row for each of its invoices,
-- every night.
CREATE FUNCTION _dunning.run_problems_noted() RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 1000;
COMMENT ON FUNCTION _dunning.run_problems_noted() IS 'Items of a ledger that a run notes one by one; the others are counted in one row';

CREATE FUNCTION _dunning.more_problems(example text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('more items have a problem, such as %s', example);
COMMENT ON FUNCTION _dunning.more_problems(text) IS 'What is noted of the items that are only counted';

CREATE FUNCTION _dunning.note_problem(run bigint, ledger name, item dunning.item_key, state text, message text,
		topic text DEFAULT '', items integer DEFAULT 1) RETURNS void
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO dunning.run_problem AS p (run, ledger, item, sqlstate, message, topic, items)
	SELECT note_problem.run, note_problem.ledger, CASE WHEN f.is_full THEN '' ELSE k.key END, CASE WHEN NOT f.is_full
		THEN note_problem.state END, CASE WHEN f.is_full THEN _dunning.more_problems(k.key::text) ELSE note_problem.message END,
		CASE WHEN f.is_full THEN 'more' ELSE note_problem.topic END, note_problem.items
	FROM (SELECT _dunning.noted_key(note_problem.item)) AS k (key)
	CROSS JOIN LATERAL (SELECT note_problem.topic = '' AND k.key <> ''
		AND (SELECT count(*) FROM dunning.run_problem AS o
			WHERE o.run = note_problem.run AND o.ledger = note_problem.ledger
				AND o.topic = '') >= _dunning.run_problems_noted()) AS f (is_full)
	ON CONFLICT ON CONSTRAINT run_problem_pkey DO UPDATE SET items = p.items + excluded.items WHERE p.topic <> ''
$$;
COMMENT ON FUNCTION _dunning.note_problem(bigint, name, dunning.item_key, text, text, text, integer) IS
	'Sets an item aside in dunning.run_problem, or writes there what else a run has to say';

CREATE FUNCTION dunning.prune_runs(keep interval DEFAULT _dunning.kept_for('runs')) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	n bigint;
BEGIN
	IF keep IS NULL OR keep < '1 day' THEN
		RAISE EXCEPTION 'runs cannot be pruned after %', coalesce(keep::text, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Keep them for a day at least.';
	END IF;
	DELETE FROM dunning.run_problem AS p USING dunning.run_log AS g WHERE g.run = p.run AND g.started_at < now() - keep;
	GET DIAGNOSTICS n = ROW_COUNT;
	DELETE FROM dunning.run_log AS g WHERE g.started_at < now() - keep AND _dunning.run_left_nothing(g);
	RETURN n;
END
$$;
COMMENT ON FUNCTION dunning.prune_runs(interval) IS
	'Deletes the problems of runs that are older than an interval, and the log of those that wrote nothing; returns the number of problems deleted. Every run calls it with the default; error 22023 for less than a day';
