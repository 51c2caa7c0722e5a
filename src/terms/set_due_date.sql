-- The trigger that fills due dates in the tables of an ERP.

CREATE FUNCTION dunning.set_due_date() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'dunning_set_due_date';
COMMENT ON FUNCTION dunning.set_due_date IS 'BEFORE INSERT OR UPDATE trigger: set_due_date(issue column, terms column, due column [, keep | always [, calendar name]]) fills the due date from the day of issue and the payment terms; keep, the default, leaves one that was typed in';
