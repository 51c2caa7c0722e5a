-- Triggers for the tables of an ERP.

CREATE FUNCTION dunning.stamp() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'dunning_stamp';
COMMENT ON FUNCTION dunning.stamp() IS
	'BEFORE INSERT OR UPDATE trigger: stamp(due column, open amount column, status column [, days past due column]) writes the item''s status on dunning.today() into columns of the table';

CREATE FUNCTION dunning.watch() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'dunning_watch';
COMMENT ON FUNCTION dunning.watch() IS
	'AFTER INSERT, UPDATE or DELETE trigger on the table of a ledger or on its payments: watch(ledger) cancels the pending reminders of items that are settled or deleted, in the same transaction; watch(ledger, column) does so on a table under the views of a ledger, whose column holds the key of an item';

-- A trigger function that works with its owner's rights is attached by whom he lets.
REVOKE EXECUTE ON FUNCTION dunning.stamp(), dunning.watch() FROM PUBLIC;
