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
COMMENT ON COLUMN dunning.run_problem.message IS 'What is wrong';
COMMENT ON COLUMN dunning.run_problem.topic IS
	'Empty: an item, or a whole ledger, that was set aside. rate SERIES: a rate that is missing or will be within 30 days; rule NAME: reminders that go out without interest; procedure NAME: steps that wait for dunning.confirm_procedure; unseen: pending reminders whose items were not found';
COMMENT ON COLUMN dunning.run_problem.items IS 'Number of items that it is about';

-- An index holds no key that is longer than a few thousand bytes.
CREATE FUNCTION _dunning.noted_key(item dunning.item_key) RETURNS dunning.item_key
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN item IS NULL THEN '(no key)'::dunning.item_key
		WHEN pg_column_size(item) > 2004 THEN (left(item::text, 100) || '...')::dunning.item_key ELSE item END
$$;
COMMENT ON FUNCTION _dunning.noted_key(dunning.item_key) IS 'A key as dunning.run_problem notes it: the beginning of one that is too long, and a word for none';

SELECT pg_catalog.pg_extension_config_dump('dunning.run_problem', '');

CREATE FUNCTION _dunning.note_problem(run bigint, ledger name, item dunning.item_key, state text, message text,
		topic text DEFAULT '', items integer DEFAULT 1) RETURNS void
	LANGUAGE sql
	BEGIN ATOMIC
		INSERT INTO dunning.run_problem AS p (run, ledger, item, sqlstate, message, topic, items)
		VALUES (note_problem.run, note_problem.ledger, _dunning.noted_key(note_problem.item), note_problem.state, note_problem.message,
			note_problem.topic, note_problem.items)
		ON CONFLICT ON CONSTRAINT run_problem_pkey DO UPDATE SET items = p.items + excluded.items WHERE p.topic <> '';
	END;
COMMENT ON FUNCTION _dunning.note_problem(bigint, name, dunning.item_key, text, text, text, integer) IS
	'Sets an item aside in dunning.run_problem, or writes there what else a run has to say';
