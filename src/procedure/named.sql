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

CREATE VIEW _dunning.procedure_step WITH (security_invoker = true) AS
	SELECT p.name, p.procedure, s.level, s.step, s.channel, s.label, s.manual
	FROM dunning.procedure AS p CROSS JOIN LATERAL dunning.steps(p.procedure) AS s;
COMMENT ON VIEW _dunning.procedure_step IS 'The steps of all procedures';
COMMENT ON COLUMN _dunning.procedure_step.name IS 'Name of the procedure';
COMMENT ON COLUMN _dunning.procedure_step.procedure IS 'The procedure';
COMMENT ON COLUMN _dunning.procedure_step.level IS 'Place of the step, from 1';
COMMENT ON COLUMN _dunning.procedure_step.step IS 'Day of the step, counted from the due date';
COMMENT ON COLUMN _dunning.procedure_step.channel IS 'Channel of the step';
COMMENT ON COLUMN _dunning.procedure_step.label IS 'Label of the step; NULL: none';
COMMENT ON COLUMN _dunning.procedure_step.manual IS 'Whether a person takes the step';
