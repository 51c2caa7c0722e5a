-- Dunning procedures by name.

CREATE TABLE dunning.procedure (
	name text PRIMARY KEY,
	procedure dunning.dunning_procedure NOT NULL,
	description text,
	shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE dunning.procedure IS 'Dunning procedures by name';
COMMENT ON COLUMN dunning.procedure.name IS 'Name by which a ledger, or a column of its items, chooses the procedure';
COMMENT ON COLUMN dunning.procedure.procedure IS 'The dunning procedure';
COMMENT ON COLUMN dunning.procedure.description IS 'What the procedure is, for people';
COMMENT ON COLUMN dunning.procedure.shipped IS 'Whether the row came with the extension';
SELECT pg_catalog.pg_extension_config_dump('dunning.procedure', 'WHERE NOT shipped');

INSERT INTO dunning.procedure (name, procedure, description, shipped) VALUES
	('standard', '5 email "Reminder"; 10 phone "Telephone call"; 15 letter "Formal letter"; 20 meeting "Meeting or payment plan"; wait 3',
	 'A common ladder: e-mail on day 5, telephone on day 10, formal letter on day 15, meeting or payment plan on day 20; at least 3 days between two', true);

CREATE FUNCTION _dunning.check_channels() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM _dunning.check_channels(format('procedure "%s"', NEW.name), ARRAY(SELECT s.channel FROM dunning.steps(NEW.procedure) AS s));
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION _dunning.check_channels() IS 'Trigger: refuses a procedure with a word for a channel instead of its name, and warns of channels that are not known';
CREATE TRIGGER check_channels BEFORE INSERT OR UPDATE OF procedure ON dunning.procedure
	FOR EACH ROW EXECUTE FUNCTION _dunning.check_channels();

CREATE FUNCTION _dunning.any_broken_step() RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN EXISTS (SELECT FROM dunning.procedure AS p CROSS JOIN LATERAL dunning.steps(p.procedure) AS s WHERE s.step ^@ 'broken');
COMMENT ON FUNCTION _dunning.any_broken_step() IS 'Whether a procedure has a step that counts from a broken promise or plan';
