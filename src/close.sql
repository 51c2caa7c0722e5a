-- The shipped rows are in.
DROP FUNCTION _dunning.shipped_text(bytea);

-- From here on, whatever is inserted is the user's own.
DO $$
DECLARE
	t regclass;
BEGIN
	FOR t IN
		SELECT a.attrelid FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
		WHERE c.relnamespace = 'dunning'::pg_catalog.regnamespace AND c.relkind = 'r' AND a.attname = 'shipped' AND NOT a.attisdropped
	LOOP
		EXECUTE pg_catalog.format('CREATE TRIGGER refuse_shipped AFTER INSERT ON %s FOR EACH ROW WHEN (NEW.shipped) EXECUTE FUNCTION _dunning.refuse_shipped()', t);
		EXECUTE pg_catalog.format('CREATE TRIGGER refuse_to_ship AFTER UPDATE ON %s FOR EACH ROW WHEN (NEW.shipped AND NOT OLD.shipped) EXECUTE FUNCTION _dunning.refuse_shipped()', t);
		-- the first of the triggers, since another reason to refuse is no help
		EXECUTE pg_catalog.format('CREATE TRIGGER a_keep_shipped BEFORE DELETE ON %s FOR EACH ROW WHEN (OLD.shipped) EXECUTE FUNCTION _dunning.keep_shipped()', t);
		-- a rule may be built anew
		CONTINUE WHEN t = 'dunning.rule'::regclass;
		EXECUTE pg_catalog.format('CREATE TRIGGER keep_shipped AFTER UPDATE ON %s FOR EACH ROW WHEN (OLD.shipped) EXECUTE FUNCTION _dunning.keep_shipped()', t);
	END LOOP;
END
$$;
