-- (contract follows)
CREATE FUNCTION dunning.today() RETURNS date
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_today';
COMMENT ON FUNCTION dunning.today() IS
	'The day for which ledgers, work list and runs answer: the setting dunning.today, otherwise the current date';
