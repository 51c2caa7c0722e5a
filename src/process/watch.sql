-- Triggers for the tables of an ERP.

CREATE FUNCTION dunning.set_status() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'dunning_set_status';
COMMENT ON FUNCTION dunning.set_status() IS
	'BEFORE INSERT OR UPDATE trigger: stamp(due column, open amount column, status column [, days past due column]) writes the item''s status on the current date into columns of the table';

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
	'AFTER INSERT, UPDATE or DELETE trigger, made by dunning.watch_ledger and dunning.watch_table: watch(ledger) cancels the pending reminders of items that are settled or deleted, in the same transaction; error 22023 on a table that _dunning.watched does not have';

-- A trigger function that writes what its caller may not is attached by whom its owner lets.
REVOKE EXECUTE ON FUNCTION dunning.set_status(), _dunning.watch() FROM PUBLIC;
