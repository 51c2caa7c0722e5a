-- Dunning procedures as rows.

CREATE FUNCTION dunning.steps(procedure dunning.dunning_procedure,
		OUT level integer, OUT day text, OUT offset_days integer, OUT after_days integer, OUT channel text, OUT label text,
		OUT fee numeric, OUT fee_currency text, OUT fees jsonb, OUT fee_percent numeric,
		OUT min_amount numeric, OUT min_currency text, OUT minimums jsonb,
		OUT wait_days integer, OUT repeat_days integer, OUT manual boolean, OUT step text, OUT min_percent numeric) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'dunning_steps';
COMMENT ON FUNCTION dunning.steps(dunning.dunning_procedure) IS
	'The steps of a procedure as rows, in order; those of rejections and broken promises follow the ladder. step is the planned day counted from the due date. fee and min_amount are the first amounts; fees and minimums have all by currency; min_percent is of what the customer owes';

CREATE FUNCTION _dunning.of_event(step text) RETURNS boolean
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN step ^@ 'reject' OR step ^@ 'broken';
COMMENT ON FUNCTION _dunning.of_event(text) IS 'Whether a step counts from a rejection or a broken promise, and is no step of the ladder';

CREATE TYPE dunning.procedure_options AS (wait_days integer, mode text, following_business_day boolean, by_customer boolean,
	customer_level text);
COMMENT ON TYPE dunning.procedure_options IS 'What a dunning procedure says besides its steps';
COMMENT ON COLUMN dunning.procedure_options.wait_days IS 'The least number of days between two reminders';
COMMENT ON COLUMN dunning.procedure_options.mode IS 'stepwise: one level after the other; jump: at once to the last level that is due';
COMMENT ON COLUMN dunning.procedure_options.following_business_day IS 'Whether the day of a step moves to the following business day';
COMMENT ON COLUMN dunning.procedure_options.by_customer IS 'Whether the items of a customer are taken together';
COMMENT ON COLUMN dunning.procedure_options.customer_level IS 'Which step they take: the highest of those that are ready, the lowest, or each its own; NULL: they are not taken together';
CREATE FUNCTION dunning.procedure_options(procedure dunning.dunning_procedure) RETURNS dunning.procedure_options
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_procedure_options';
COMMENT ON FUNCTION dunning.procedure_options(dunning.dunning_procedure) IS
	'The least number of days between two reminders, the mode, stepwise or jump, whether steps move to the following business day, and whether items are taken by customer';

CREATE FUNCTION dunning.to_jsonb(dunning.dunning_procedure) RETURNS jsonb
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN pg_catalog.to_jsonb(dunning.procedure_options($1)) || jsonb_build_object('steps',
		(SELECT jsonb_agg(pg_catalog.to_jsonb(s) ORDER BY s.level) FROM dunning.steps($1) AS s));
COMMENT ON FUNCTION dunning.to_jsonb(dunning.dunning_procedure) IS 'A dunning procedure as a JSON object of its options and steps';
CREATE CAST (dunning.dunning_procedure AS jsonb) WITH FUNCTION dunning.to_jsonb(dunning.dunning_procedure);
COMMENT ON CAST (dunning.dunning_procedure AS jsonb) IS 'JSON object of the options and steps';

CREATE FUNCTION _dunning.step_fee(procedure dunning.dunning_procedure, level integer, open_amount numeric, currency text, decimals integer,
		OUT fee numeric, OUT fee_currency text)
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_step_fee';
COMMENT ON FUNCTION _dunning.step_fee(dunning.dunning_procedure, integer, numeric, text, integer) IS
	'The fee of a step for an item: the amount in its currency, else the first one, and the percentage of the open amount, rounded to the decimals (NULL: 2). Without an amount in its currency, a fee with a percentage is the percentage alone. Both columns are NULL without a fee';
