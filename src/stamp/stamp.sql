CREATE FUNCTION dunning.set_status() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'dunning_set_status';
COMMENT ON FUNCTION dunning.set_status() IS
	'BEFORE INSERT OR UPDATE trigger: stamp(due column, open amount column, status column [, days past due column]) writes the item''s status on the current date into columns of the table';

