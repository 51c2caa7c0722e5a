-- The triggers that settle reminders at once: what they believe, and where they are.

-- What _dunning.watch believes, and nothing else: it runs for whoever changes a
-- row, so neither a trigger's arguments nor names may say which column to read.
CREATE TABLE _dunning.watched (
	ledger name,
	relation regclass,
	column_name name,
	attnum smallint,
	type regtype,
	what text NOT NULL CHECK (what IN ('item', 'payment', 'other')),
	PRIMARY KEY (ledger, relation, column_name)
);
COMMENT ON TABLE _dunning.watched IS
	'The columns by whose values the triggers of _dunning.watch know an item: written by dunning.watch_ledger, dunning.watch_table and dunning.unwatch_ledger only';
COMMENT ON COLUMN _dunning.watched.ledger IS 'Name of the ledger';
COMMENT ON COLUMN _dunning.watched.relation IS 'Table that is watched';
COMMENT ON COLUMN _dunning.watched.column_name IS 'Name of the column when it was watched, or restored';
COMMENT ON COLUMN _dunning.watched.attnum IS 'Number of the column, by which it is known; NULL: there was none of the name';
COMMENT ON COLUMN _dunning.watched.type IS 'Type of the column when it was watched; one of another type is not read';
COMMENT ON COLUMN _dunning.watched.what IS
	'What a row is: item: the item itself, whose deletion ends it; payment: a payment of the item; other: something that names an item';
SELECT pg_catalog.pg_extension_config_dump('_dunning.watched', '');

-- A restore copies the names, while the numbers of a restored table are others.
CREATE FUNCTION _dunning.number_watched() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a record;
BEGIN
	SELECT c.attnum, c.atttypid INTO a FROM pg_attribute AS c
	WHERE c.attrelid = NEW.relation AND c.attname = NEW.column_name AND c.attnum > 0 AND NOT c.attisdropped;
	NEW.attnum := a.attnum;
	NEW.type := coalesce(NEW.type, a.atttypid);
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION _dunning.number_watched() IS 'Trigger: finds the number of a watched column by its name, and its type where none is given';
CREATE TRIGGER number_watched BEFORE INSERT ON _dunning.watched FOR EACH ROW EXECUTE FUNCTION _dunning.number_watched();

CREATE FUNCTION _dunning.watch() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'dunning_watch';
COMMENT ON FUNCTION _dunning.watch() IS
	'AFTER INSERT, UPDATE or DELETE trigger, made by dunning.watch_ledger and dunning.watch_table: watch(ledger) has the pending reminders of items that are settled or deleted cancelled at the end of the statement; error 22023 on a table that _dunning.watched does not have';

-- What the triggers saw, for the agenda of the run.  Rows are only added, so that two who
-- pay one item do not wait for each other here.
CREATE UNLOGGED TABLE _dunning.touched ( --: What was done since the last run, to an item, to all items of a customer, or, where both are NULL, to a ledger
	ledger name NOT NULL, --: Name of the ledger
	item dunning.item_key, --: Key of the item
	customer dunning.item_key --: Key of the customer
);

-- A row trigger does not know whether it is the last one of its statement.  So it queues
-- the trigger of this table behind them, as for a statement that wrote nothing here.
CREATE UNLOGGED TABLE _dunning.statement_end ();
COMMENT ON TABLE _dunning.statement_end IS
	'Always empty: its trigger is queued by _dunning.watch for the end of the statement that changed a watched row';

CREATE FUNCTION _dunning.settle_statement() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'dunning_settle_statement';
COMMENT ON FUNCTION _dunning.settle_statement() IS
	'AFTER INSERT trigger of _dunning.statement_end: cancels the pending reminders of the items that are settled or deleted, of all that the rows of a statement named';
CREATE TRIGGER settle_statement AFTER INSERT ON _dunning.statement_end FOR EACH STATEMENT EXECUTE FUNCTION _dunning.settle_statement();
-- whether the triggers of watch are fired, in a subscription too, is decided where they are
ALTER TABLE _dunning.statement_end ENABLE ALWAYS TRIGGER settle_statement;

-- A trigger function that writes what its caller may not is attached by whom its owner lets.
REVOKE EXECUTE ON FUNCTION _dunning.watch(), _dunning.settle_statement() FROM PUBLIC;

-- The triggers of _dunning.watch on the tables of a ledger

CREATE FUNCTION dunning.watch_table(ledger name, relation regclass, column_name name, what text DEFAULT 'other') RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	mark CONSTANT bytea := convert_to(watch_table.ledger::text, getdatabaseencoding()) || '\x00'::bytea;
	generated "char";
	name name := 'dunning_watch_' || ledger;
	n integer := 1;
BEGIN
	PERFORM _dunning.need_owner('watch');
	IF NOT EXISTS (SELECT FROM dunning.ledger AS l WHERE l.ledger = watch_table.ledger AND l.state = 'adopted') THEN
		RAISE EXCEPTION 'ledger "%" does not exist', ledger
			USING ERRCODE = 'undefined_object', HINT = 'SELECT ledger FROM dunning.ledger lists them.';
	END IF;
	SELECT a.attgenerated INTO generated FROM pg_attribute AS a
	WHERE a.attrelid = relation AND a.attname = watch_table.column_name AND a.attnum > 0 AND NOT a.attisdropped;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'column "%" of % does not exist', column_name, relation USING ERRCODE = 'undefined_column',
			HINT = 'Name the column that holds the key of an item.';
	END IF;
	IF generated NOT IN ('', 's') THEN
		RAISE EXCEPTION 'column "%" of % is a virtual generated column', column_name, relation USING ERRCODE = 'feature_not_supported',
			DETAIL = 'A trigger does not know its value.', HINT = 'Name an ordinary column or a stored one.';
	END IF;
	INSERT INTO _dunning.watched (ledger, relation, column_name, what)
	VALUES (watch_table.ledger, watch_table.relation, watch_table.column_name, coalesce(watch_table.what, 'other'))
	ON CONFLICT ON CONSTRAINT watched_pkey DO UPDATE SET attnum = excluded.attnum, type = excluded.type, what = excluded.what;
	-- one trigger for all columns; two ledgers may have their payments in one table
	IF NOT EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = relation AND g.tgfoid = '_dunning.watch()'::regprocedure AND g.tgargs = mark) THEN
		WHILE EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = relation AND g.tgname = name) LOOP
			n := n + 1;
			name := format('dunning_watch_%s_%s', n, ledger);
		END LOOP;
		EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION _dunning.watch(%L)', name, relation, ledger);
	END IF;
END
$$;
COMMENT ON FUNCTION dunning.watch_table(name, regclass, name, text) IS
	'Attaches _dunning.watch to a table that stands under the views of a ledger, and notes which column holds the key of an item: what is item if a row is the item itself, whose deletion cancels its reminders. Error 42704 if the ledger does not exist, 42703 if the column does not';

-- A trigger that cannot read the ledger warns whoever posts a payment; the one
-- who can change it is told beforehand.
CREATE FUNCTION _dunning.warn_reader(ledger name) RETURNS void
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	reader CONSTANT oid := dunning.ledger_reader(ledger);
	r record;
BEGIN
	IF NOT EXISTS (SELECT FROM _dunning.watched AS w WHERE w.ledger = warn_reader.ledger) THEN
		RETURN;
	END IF;
	IF reader IS NULL THEN
		RAISE WARNING 'the triggers cannot read ledger "%": several roles own what it reads', ledger
			USING HINT = format('Give it to one role: SELECT * FROM _dunning.relations_behind(%L).', ledger);
		RETURN;
	END IF;
	FOR r IN
		SELECT v.relation FROM dunning.ledger AS l CROSS JOIN LATERAL (VALUES (l.relation), (l.payments), (l.whole_payments),
			(l.customers)) AS v (relation)
		WHERE l.ledger = warn_reader.ledger AND v.relation IS NOT NULL
			AND NOT has_table_privilege(reader, v.relation, 'SELECT') AND NOT has_any_column_privilege(reader, v.relation, 'SELECT')
	LOOP
		RAISE WARNING 'the triggers of ledger "%" read it as the role "%", which may not read %', ledger, pg_get_userbyid(reader), r.relation
			USING HINT = format('GRANT SELECT ON %s TO %I.', r.relation, pg_get_userbyid(reader));
	END LOOP;
	IF _dunning.rows_hidden(ledger, reader) THEN
		RAISE WARNING 'the triggers of ledger "%" cancel nothing: row-level security hides rows from the role "%"', ledger, pg_get_userbyid(reader)
			USING HINT = 'The run cancels what was settled, if its role sees all rows.';
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.warn_reader(name) IS 'Warns of what keeps the triggers of _dunning.watch from reading a ledger';

-- The columns that name an item of a ledger.  Payments come first: who posts one locks
-- their table before that of the items, and so must whoever makes or drops triggers.
CREATE FUNCTION _dunning.columns_to_watch(ledger name) RETURNS TABLE (relation regclass, column_name name, attnum smallint, type regtype,
		what text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT c.oid::regclass, a.attname, a.attnum, a.atttypid::regtype, r.what
		FROM dunning.ledger AS l
		CROSS JOIN LATERAL (VALUES (1, l.payments, l.columns #>> '{payments,item}', 'payment'), (2, l.relation, l.columns ->> 'key', 'item'))
			AS r (place, relation, column_name, what)
		JOIN pg_class AS c ON c.oid = r.relation AND c.relkind IN ('r', 'p', 'f')
		JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = r.column_name AND a.attnum > 0 AND NOT a.attisdropped
		WHERE l.ledger = columns_to_watch.ledger
		ORDER BY r.place;
	END;
COMMENT ON FUNCTION _dunning.columns_to_watch(name) IS 'The columns of the tables of a ledger whose values name an item, in the order in which payments lock their tables';

CREATE FUNCTION dunning.watch_ledger(ledger name) RETURNS SETOF regclass
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	t record;
BEGIN
	-- triggers that are right already cost no lock
	IF EXISTS (SELECT FROM _dunning.columns_to_watch(watch_ledger.ledger) AS c
			FULL JOIN (SELECT w.* FROM _dunning.watched AS w WHERE w.ledger = watch_ledger.ledger) AS w
				ON (w.relation, w.column_name, w.attnum, w.type, w.what) = (c.relation, c.column_name, c.attnum, c.type, c.what)
			WHERE c.relation IS NULL OR NOT EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = w.relation AND g.tgfoid = '_dunning.watch()'::regprocedure
				AND g.tgargs = convert_to(watch_ledger.ledger::text, getdatabaseencoding()) || '\x00'::bytea
				-- neither deferred nor switched off; always fired if somebody wants it so
				AND g.tgconstraint = 0 AND g.tgenabled IN ('O', 'A')))
	THEN
		PERFORM dunning.unwatch_ledger(watch_ledger.ledger);
		FOR t IN SELECT c.relation, c.column_name, c.what FROM _dunning.columns_to_watch(watch_ledger.ledger) AS c LOOP
			PERFORM dunning.watch_table(watch_ledger.ledger, t.relation, t.column_name, t.what);
		END LOOP;
	END IF;
	PERFORM _dunning.warn_reader(watch_ledger.ledger);
	RETURN QUERY SELECT DISTINCT w.relation FROM _dunning.watched AS w WHERE w.ledger = watch_ledger.ledger;
END
$$;
COMMENT ON FUNCTION dunning.watch_ledger(name) IS
	'Attaches _dunning.watch to the table and the payments table of a ledger; returns the tables';

CREATE FUNCTION dunning.unwatch_ledger(ledger name) RETURNS integer
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	t record;
	n integer := 0;
BEGIN
	FOR t IN
		SELECT g.tgname, g.tgrelid::regclass AS relation
		FROM pg_trigger AS g
		WHERE g.tgfoid = '_dunning.watch()'::regprocedure AND g.tgparentid = 0
			AND g.tgargs = convert_to(unwatch_ledger.ledger::text, getdatabaseencoding()) || '\x00'::bytea
		-- payments before items, as who posts a payment locks them
		ORDER BY EXISTS (SELECT FROM _dunning.watched AS w WHERE w.ledger = unwatch_ledger.ledger AND w.relation = g.tgrelid
			AND w.what = 'item'), g.tgrelid
	LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, t.relation);
		n := n + 1;
	END LOOP;
	DELETE FROM _dunning.watched AS w WHERE w.ledger = unwatch_ledger.ledger;
	DELETE FROM _dunning.touched AS t WHERE t.ledger = unwatch_ledger.ledger;
	RETURN n;
END
$$;
COMMENT ON FUNCTION dunning.unwatch_ledger(name) IS 'Drops every trigger of _dunning.watch for a ledger, and forgets its watched columns; returns the number of triggers';
