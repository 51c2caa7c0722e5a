-- The decision: which reminder step is next for an item, and why.  Nothing else decides.

CREATE TYPE dunning.decision AS ( --: The decision on an item on a day: its next reminder step, the fact that makes it so, and the day on which the answer changes
	state text, --: due: to be taken now; scheduled: its day is to come; held: a hold forbids it; below_minimum: the open amount is too small for it; exhausted: no step is left; settled: nothing is open; handed_over: with an agency, a lawyer or an insurer
	level integer, --: Place of the step in the procedure, from 1; NULL: there is no step
	occurrence integer, --: How often the step will have been taken with this time, from 1; of a rejection or a broken promise which of the item's
	step text, --: Day of the step, counted from the due date: a number of days, or such as 1 month; counted from a rejection or a broken promise: reject 1, broken promise 1
	channel text, --: Channel of the step, such as email
	label text, --: Label of the step; NULL: none
	manual boolean, --: Whether a person takes the step
	step_on date, --: Day on which the step falls due
	until_on date, --: Last day of the hold that is in force; NULL: none, or nobody said
	reason text, --: What the state follows from: due_date, reminder, hold, handover, minimum, payment, rejection or broken
	reason_name text, --: Channel of the reminder, reason of the hold, receiver of the handover, code of the rejection, or broken_promise or broken_plan
	reason_on date, --: Day of that fact: the due date; when the reminder was sent or else raised; first day of a hold in force, last day of one that was; when the item was paid
	last_step text, --: Day of the last step that was taken, counted from the due date; NULL: none was
	last_channel text, --: Channel of that step
	last_on date, --: Day on which that reminder was sent, skipped or else raised
	changes_on date, --: First later day on which the same facts give another answer; NULL: never
	also_due integer[] --: Levels of the other steps of the rejection or broken promise that are due with this one; NULL: none
);

CREATE FUNCTION dunning.decide(procedure dunning.dunning_procedure, due_on date, as_of date DEFAULT dunning.today(),
		history dunning.dunning_history DEFAULT NULL, balance dunning.balance_history DEFAULT NULL, open_amount numeric DEFAULT NULL,
		calendar dunning.calendar DEFAULT NULL, currency text DEFAULT NULL, by_hand numeric DEFAULT NULL) RETURNS dunning.decision
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'dunning_decide';
COMMENT ON FUNCTION dunning.decide(dunning.dunning_procedure, date, date, dunning.dunning_history, dunning.balance_history, numeric,
	dunning.calendar, text, numeric) IS
	'The next reminder step of an item on a day, from its dated facts and from its balance, or else its open amount. Facts and movements after as_of count from their days. calendar: business days; by_hand: what a person asks for, if another amount. NULL if procedure, due_on or as_of is';

CREATE TYPE dunning.reminder_step AS (
	level integer, channel text, label text, step_on date, state text, changes_on date);
COMMENT ON TYPE dunning.reminder_step IS
	'The next reminder step of an item: its level and texts, the day it falls due, its state, and the day on which this answer changes if nothing happens (NULL: never)';
COMMENT ON COLUMN dunning.reminder_step.level IS 'Level of the step, from 1';
COMMENT ON COLUMN dunning.reminder_step.channel IS 'Channel of the step, such as email';
COMMENT ON COLUMN dunning.reminder_step.label IS 'Label of the step; NULL: none';
COMMENT ON COLUMN dunning.reminder_step.step_on IS 'Day on which the step falls due';
COMMENT ON COLUMN dunning.reminder_step.state IS
	'due: to be taken now; scheduled: its day is to come; held: a hold forbids it; below_minimum: the open amount is too small for it; exhausted: no step is left; settled: nothing is open; handed_over: with an agency, a lawyer or an insurer';
COMMENT ON COLUMN dunning.reminder_step.changes_on IS 'Day on which this answer changes if nothing happens; NULL: never';

CREATE FUNCTION dunning.next_step(procedure dunning.dunning_procedure, due_on date,
		as_of date DEFAULT dunning.today(), last_level integer DEFAULT 0, last_on date DEFAULT NULL,
		open_amount numeric DEFAULT NULL, held_until date DEFAULT NULL, currency text DEFAULT NULL) RETURNS dunning.reminder_step
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'dunning_next_step';
COMMENT ON FUNCTION dunning.next_step(dunning.dunning_procedure, date, date, integer, date, numeric, date, text) IS
	'The next step without facts: the step after last_level (mode stepwise), or the most severe step whose day has come (mode jump), not before last_on and the wait. It is held through held_until. See dunning.decide';

CREATE FUNCTION _dunning.state_of_step(procedure dunning.dunning_procedure, step text, channel text, due_on date, as_of date,
		history dunning.dunning_history DEFAULT NULL, open_amount numeric DEFAULT NULL, currency text DEFAULT NULL,
		raised_on date DEFAULT NULL, occurrence integer DEFAULT 1, rejects dunning.dunning_history DEFAULT NULL) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'dunning_state_of_step';
COMMENT ON FUNCTION _dunning.state_of_step(dunning.dunning_procedure, text, text, date, date, dunning.dunning_history, numeric, text, date,
	integer, dunning.dunning_history) IS
	'The state of one step on a day, whatever was sent before. exhausted if the procedure has no such step, if its day has passed, if its reminder of raised_on does not count any more, or if it belongs to an earlier rejection or promise. rejects: facts beside those of history';

CREATE FUNCTION _dunning.nothing_due(procedure dunning.dunning_procedure, step text, channel text, due_on date, as_of date) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_nothing_due';
COMMENT ON FUNCTION _dunning.nothing_due(dunning.dunning_procedure, text, text, date, date) IS
	'Whether an item that has had a step can be due for no other step on a day; false if the procedure has no such step, or if its last step comes again';

CREATE FUNCTION dunning.replay(procedure dunning.dunning_procedure, due_on date, from_day date, to_day date,
		history dunning.dunning_history DEFAULT NULL, balance dunning.balance_history DEFAULT NULL, open_amount numeric DEFAULT NULL,
		calendar dunning.calendar DEFAULT NULL, currency text DEFAULT NULL, run_days date[] DEFAULT NULL,
		procedures dunning.dunning_procedure[] DEFAULT NULL, changed_on date[] DEFAULT NULL, sends boolean DEFAULT false,
		as_seen boolean DEFAULT false, by_hand dunning.balance_history DEFAULT NULL,
		OUT on_day date, OUT event text, OUT level integer, OUT step text, OUT channel text,
		OUT occurrence integer, OUT step_on date, OUT manual boolean)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000 ROWS 5 AS 'MODULE_PATHNAME', 'dunning_replay';
COMMENT ON FUNCTION dunning.replay(dunning.dunning_procedure, date, date, date, dunning.dunning_history, dunning.balance_history, numeric,
	dunning.calendar, text, date[], dunning.dunning_procedure[], date[], boolean, boolean, dunning.balance_history) IS
	'What the runs from from_day to to_day, or of run_days, raise and withdraw for an item, a row an event. It takes the facts of before from_day, and all holds. sends: each reminder is sent at once. as_seen: each run sees what was noted by its day. by_hand: what a person asks for, if another amount';

CREATE TYPE _dunning.customer_decision AS ( --: The decision on the items of a customer, as dunning.decision has it of one, and what each takes by it
	state text, --: As of an item; settled with the reason credit: he is asked for nothing
	level integer, --: Place of the step in the procedure, from 1; of level each the highest; NULL: there is no step
	step text, --: Day of the step, counted from the due date
	channel text, --: Channel of the step
	label text, --: Label of the step
	manual boolean, --: Whether a person takes the step
	step_on date, --: Day on which the step falls due
	until_on date, --: Last day of the hold, if all that could be due is held
	reason text, --: As of an item, or credit: his credits are as high as what he is asked for
	reason_name text, --: Name of that fact
	reason_on date, --: Day of that fact
	last_on date, --: Day of his last reminder
	changes_on date, --: Day on which to ask again; NULL: never
	levels integer[], --: For each item the step that it takes, from 1; 0: none
	occurrences integer[] --: For each item how often it will have taken the step
);

CREATE FUNCTION _dunning.decide_customer(procedure dunning.dunning_procedure, as_of date, due_on date[], history dunning.dunning_history[],
		open_amount numeric[], asked_amount numeric[], nets boolean[], last_on date, calendar dunning.calendar, currency text,
		ahead boolean, by_hand numeric[])
			RETURNS _dunning.customer_decision
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 50 AS 'MODULE_PATHNAME', 'dunning_decide_customer';
COMMENT ON FUNCTION _dunning.decide_customer(dunning.dunning_procedure, date, date[], dunning.dunning_history[], numeric[], numeric[],
	boolean[], date, dunning.calendar, text, boolean, numeric[]) IS
	'The decision on the items of a customer, one element each: due day, facts, what is open, what is asked for, whether a credit is set off; the last day of his other reminders; ahead: with the day on which to ask again; by_hand: what a person asks for of each item (NULL: the same). NULL for no items';

CREATE FUNCTION _dunning.customer_below(procedure dunning.dunning_procedure, level integer, asked numeric, owed numeric, currency text)
		RETURNS boolean
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_customer_below';
COMMENT ON FUNCTION _dunning.customer_below(dunning.dunning_procedure, integer, numeric, numeric, text) IS
	'Whether a customer is asked for less than the minimum of a step, in money or as a share of what he owes; NULL for a step of no ladder';

CREATE FUNCTION dunning.replay_customer(procedure dunning.dunning_procedure, from_day date, to_day date, due_on date[],
		history dunning.dunning_history[] DEFAULT NULL, balance dunning.balance_history[] DEFAULT NULL,
		asked dunning.balance_history[] DEFAULT NULL, nets boolean[] DEFAULT NULL, last_on date DEFAULT NULL,
		calendar dunning.calendar DEFAULT NULL, currency text DEFAULT NULL, run_days date[] DEFAULT NULL,
		procedures dunning.dunning_procedure[] DEFAULT NULL, changed_on date[] DEFAULT NULL, sends boolean DEFAULT false,
		as_seen boolean DEFAULT false, by_hand dunning.balance_history[] DEFAULT NULL, OUT on_day date,
		OUT event text, OUT nth integer, OUT level integer, OUT step text, OUT channel text, OUT occurrence integer, OUT step_on date,
		OUT manual boolean)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10000 ROWS 20 AS 'MODULE_PATHNAME', 'dunning_replay_customer';
COMMENT ON FUNCTION dunning.replay_customer(dunning.dunning_procedure, date, date, date[], dunning.dunning_history[],
	dunning.balance_history[], dunning.balance_history[], boolean[], date, dunning.calendar, text, date[], dunning.dunning_procedure[],
	date[], boolean, boolean, dunning.balance_history[]) IS
	'What dunning.replay says of an item, for those of a customer and a procedure by customer. The lists have one element an item: due day, facts, what is open, what of it is asked for (by_hand: by a person), whether a credit is set off. nth: place of the item; last_on the last day of his other reminders';

CREATE FUNCTION _dunning.by_customer(procedure dunning.dunning_procedure) RETURNS boolean
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (dunning.procedure_options(procedure)).by_customer;
COMMENT ON FUNCTION _dunning.by_customer(dunning.dunning_procedure) IS 'Whether the items of a customer are taken together';
