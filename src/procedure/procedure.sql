-- Dunning procedures, and the step that an item is at.

CREATE FUNCTION dunning.steps(procedure dunning.dunning_procedure,
		OUT level integer, OUT offset_days integer, OUT channel text, OUT label text,
		OUT fee numeric, OUT fee_currency text, OUT min_amount numeric, OUT min_currency text,
		OUT wait_days integer, OUT manual boolean) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'dunning_steps';
COMMENT ON FUNCTION dunning.steps(dunning.dunning_procedure) IS
	'The steps of a procedure as rows, in order; wait_days is the step''s own or the procedure''s';

CREATE TYPE dunning.procedure_options AS (wait_days integer, mode text);
COMMENT ON TYPE dunning.procedure_options IS 'What a dunning procedure says besides its steps';
COMMENT ON COLUMN dunning.procedure_options.wait_days IS 'The least number of days between two reminders';
COMMENT ON COLUMN dunning.procedure_options.mode IS 'stepwise: one level after the other; jump: at once to the last level that is due';
CREATE FUNCTION dunning.procedure_options(procedure dunning.dunning_procedure) RETURNS dunning.procedure_options
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_procedure_options';
COMMENT ON FUNCTION dunning.procedure_options(dunning.dunning_procedure) IS
	'The least number of days between two reminders, and the mode, stepwise or jump';

CREATE FUNCTION dunning.to_jsonb(dunning.dunning_procedure) RETURNS jsonb
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN pg_catalog.to_jsonb(dunning.procedure_options($1)) || jsonb_build_object('steps',
		(SELECT jsonb_agg(pg_catalog.to_jsonb(s) ORDER BY s.level) FROM dunning.steps($1) AS s));
COMMENT ON FUNCTION dunning.to_jsonb(dunning.dunning_procedure) IS 'A dunning procedure as a JSON object of its options and steps';
CREATE CAST (dunning.dunning_procedure AS jsonb) WITH FUNCTION dunning.to_jsonb(dunning.dunning_procedure);
COMMENT ON CAST (dunning.dunning_procedure AS jsonb) IS 'JSON object of the options and steps';

CREATE TYPE dunning.reminder_step AS (
	level integer, channel text, label text, step_on date, state text, changes_on date);
COMMENT ON TYPE dunning.reminder_step IS
	'The next reminder step of an item: its level and texts, the day it falls due, its state, and the day on which this answer changes if nothing happens (NULL: never)';
COMMENT ON COLUMN dunning.reminder_step.level IS 'Level of the step, from 1';
COMMENT ON COLUMN dunning.reminder_step.channel IS 'Channel of the step, such as email';
COMMENT ON COLUMN dunning.reminder_step.label IS 'Label of the step; NULL: none';
COMMENT ON COLUMN dunning.reminder_step.step_on IS 'Day on which the step falls due';
COMMENT ON COLUMN dunning.reminder_step.state IS
	'due: to be taken now; scheduled: its day is to come; held: a hold forbids it; below_minimum: the open amount is too small for it; exhausted: no step is left; settled: nothing is open';
COMMENT ON COLUMN dunning.reminder_step.changes_on IS 'Day on which this answer changes if nothing happens; NULL: never';

CREATE FUNCTION dunning.next_step(procedure dunning.dunning_procedure, due_on date,
		as_of date DEFAULT dunning.today(), last_level integer DEFAULT 0, last_on date DEFAULT NULL,
		open_amount numeric DEFAULT NULL, held_until date DEFAULT NULL) RETURNS dunning.reminder_step
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'dunning_next_step';
COMMENT ON FUNCTION dunning.next_step(dunning.dunning_procedure, date, date, integer, date, numeric, date) IS
	'The next reminder step of an item: the one after last_level (mode stepwise) or the most severe whose day has come (mode jump), not before last_on + wait; held through held_until; open_amount decides settled and below_minimum';

CREATE FUNCTION _dunning.state_of_step(procedure dunning.dunning_procedure, level integer, due_on date,
		as_of date DEFAULT dunning.today(), open_amount numeric DEFAULT NULL, held_until date DEFAULT NULL) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'dunning_state_of_step';
COMMENT ON FUNCTION _dunning.state_of_step(dunning.dunning_procedure, integer, date, date, numeric, date) IS
	'The state of one step on a day, whatever was sent before: due, scheduled, held, below_minimum or settled; exhausted if the procedure has no such step, or if its day has passed, as that of a step before the due date has once the item is past due';

CREATE FUNCTION _dunning.same_steps(a dunning.dunning_procedure, b dunning.dunning_procedure, levels integer) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_same_steps';
COMMENT ON FUNCTION _dunning.same_steps(dunning.dunning_procedure, dunning.dunning_procedure, integer) IS
	'Whether the first steps of two procedures, up to a level, have the same days, channels and labels';
