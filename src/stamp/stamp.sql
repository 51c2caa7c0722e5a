CREATE FUNCTION dunning.set_status() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'dunning_set_status';
COMMENT ON FUNCTION dunning.set_status() IS
	'BEFORE INSERT OR UPDATE trigger: set_status(due column, open amount column, status column [, days past due column]) writes the item''s status on the real day (the date now in dunning.time_zone) into columns of the table';

