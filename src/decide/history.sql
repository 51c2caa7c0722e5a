-- dunning.dunning_history: the dated facts of the process of one open item.
--
--   {reminder 5 email raised 2026-01-06 sent 2026-01-07; hold dispute from 2026-01-10}      {} has none
--
-- The facts are in the order of their days.  A reminder is known by the day of its
-- step, counted from the due date, and by its channel, not by a number: a level
-- means another step after the procedure was changed.  A day that was noted on
-- another day says so: hold dispute from 2026-01-10 noted 2026-01-15.

CREATE FUNCTION _dunning.reminder_fact(step text, channel text, occurrence integer, raised_on date, sent_on date DEFAULT NULL,
		skipped_on date DEFAULT NULL, cancelled_on date DEFAULT NULL, withdrawn boolean DEFAULT false,
		noted_on date DEFAULT NULL, done_noted_on date DEFAULT NULL, ended_noted_on date DEFAULT NULL) RETURNS dunning.dunning_history
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_reminder_fact';
COMMENT ON FUNCTION _dunning.reminder_fact(text, text, integer, date, date, date, date, boolean, date, date, date) IS
	'The history of one reminder; withdrawn: a run cancelled it; the last three: when each was noted, on its day for NULL. NULL if one of the first four arguments is; error 22023 for days that are not in order, for a step that is no day of a step, for a channel that is no name';

CREATE FUNCTION _dunning.hold_fact(reason text, from_day date, until_day date DEFAULT NULL, released_on date DEFAULT NULL,
		stops text DEFAULT 'all', then_do text DEFAULT 'continue',
		noted_on date DEFAULT NULL, until_noted_on date DEFAULT NULL, released_noted_on date DEFAULT NULL) RETURNS dunning.dunning_history
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_hold_fact';
COMMENT ON FUNCTION _dunning.hold_fact(text, date, date, date, text, text, date, date, date) IS
	'The history of one hold: in force from from_day through until_day, and no longer from released_on on. The last three arguments say when its beginning, its last day and its release were noted. NULL if one of the first two arguments is';

CREATE FUNCTION _dunning.handover_fact(receiver text, on_day date, ended_on date DEFAULT NULL, noted_on date DEFAULT NULL,
		ended_noted_on date DEFAULT NULL) RETURNS dunning.dunning_history
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_handover_fact';
COMMENT ON FUNCTION _dunning.handover_fact(text, date, date, date, date) IS
	'The history of one handover to an agency, a lawyer or an insurer, and of its end. The last two arguments say when its beginning and its end were noted. NULL if one of the first two arguments is';

CREATE FUNCTION _dunning.reject_fact(code text, on_day date) RETURNS dunning.dunning_history
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_reject_fact';
COMMENT ON FUNCTION _dunning.reject_fact(text, date) IS
	'The history of one rejection of a payment, with the code that the bank wrote as a name: AC04 as ac04, 31 as _31, none as unknown. NULL if the day is; error 22023 for a day outside the years 0001 to 9999';

CREATE FUNCTION _dunning.dunning_history_add(dunning.dunning_history, dunning.dunning_history) RETURNS dunning.dunning_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_dunning_history_add';
COMMENT ON FUNCTION _dunning.dunning_history_add IS 'Implementation of the operator +: the facts of both; error 54000 if there are more than 1,000';

CREATE OPERATOR pg_catalog.+ (
	LEFTARG = dunning.dunning_history, RIGHTARG = dunning.dunning_history, FUNCTION = _dunning.dunning_history_add,
	COMMUTATOR = OPERATOR(pg_catalog.+)
);
COMMENT ON OPERATOR pg_catalog.+ (dunning.dunning_history, dunning.dunning_history) IS 'The facts of both histories';

CREATE AGGREGATE dunning.sum(dunning.dunning_history) (
	SFUNC = _dunning.dunning_history_add,
	STYPE = dunning.dunning_history,
	COMBINEFUNC = _dunning.dunning_history_add,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE dunning.sum(dunning.dunning_history) IS 'The facts of all histories; error 54000 if there are more than 1,000';

-- For lists that must survive each of their items: what has too many facts is held.
CREATE FUNCTION _dunning.join_facts(dunning.dunning_history, dunning.dunning_history) RETURNS dunning.dunning_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_join_facts';
COMMENT ON FUNCTION _dunning.join_facts IS 'The facts of both; if there are more than 1,000 the hold "too_many_facts" in their place, which has no end';

CREATE AGGREGATE _dunning.sum_facts(dunning.dunning_history) (
	SFUNC = _dunning.join_facts,
	STYPE = dunning.dunning_history,
	COMBINEFUNC = _dunning.join_facts,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE _dunning.sum_facts(dunning.dunning_history) IS 'The facts of all histories; if there are more than 1,000 the hold "too_many_facts" in their place';

CREATE FUNCTION dunning.facts(history dunning.dunning_history,
		OUT on_day date, OUT kind text, OUT name text, OUT step text, OUT occurrence integer, OUT state text,
		OUT done_on date, OUT ended_on date, OUT withdrawn boolean, OUT stops text, OUT then_do text,
		OUT noted_on date, OUT done_noted_on date, OUT ended_noted_on date) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'dunning_facts';
COMMENT ON FUNCTION dunning.facts(dunning.dunning_history) IS
	'The facts of a history as rows, in the order of their days. kind is reminder, hold, handover or reject; name is its channel, reason, receiver or code. done_on is the day of sending or skipping, or the last day of a hold; ended_on the first day without the fact';

CREATE FUNCTION dunning.as_seen_on(history dunning.dunning_history, seen_on date) RETURNS dunning.dunning_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_as_seen_on';
COMMENT ON FUNCTION dunning.as_seen_on(dunning.dunning_history, date) IS
	'What was known of a history at the end of a day: a fact that was noted later is not there, and an end that was noted later has not come';
