CREATE FUNCTION dunning.set_status() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'dunning_set_status';
COMMENT ON FUNCTION dunning.set_status() IS
	'BEFORE INSERT OR UPDATE trigger: stamp(due column, open amount column, status column [, days past due column]) writes the item''s status on the current date into columns of the table';

-- A trigger function that writes what its caller may not is attached by whom its owner lets.
REVOKE EXECUTE ON FUNCTION dunning.set_status() FROM PUBLIC;
