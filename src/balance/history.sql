-- dunning.balance_history: the dated movements of one open item.
--
--   {2026-01-15: 1200.00, 2026-03-02: -500.00}      {} has none
--
-- The movements are sorted by day, on one day the larger amount first.  Several
-- movements of one day stay apart.  All amounts are shown with the decimals of the
-- finest one, as sum() shows its result; equality ignores the decimals.

CREATE FUNCTION dunning.movement(amount numeric, on_day date) RETURNS dunning.balance_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_movement';
COMMENT ON FUNCTION dunning.movement IS 'The balance history of one movement: a signed amount on a day';

CREATE FUNCTION _dunning.balance_history_add(dunning.balance_history, dunning.balance_history) RETURNS dunning.balance_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_balance_history_add';
COMMENT ON FUNCTION _dunning.balance_history_add IS 'Implementation of the operator +: the movements of both';

CREATE OPERATOR pg_catalog.+ (
	LEFTARG = dunning.balance_history, RIGHTARG = dunning.balance_history, FUNCTION = _dunning.balance_history_add,
	COMMUTATOR = OPERATOR(pg_catalog.+)
);
COMMENT ON OPERATOR pg_catalog.+ (dunning.balance_history, dunning.balance_history) IS 'The movements of both histories';

-- The aggregates collect movements in a state, in no order.  Its text and binary forms
-- are those of the resulting history.

CREATE FUNCTION _dunning.balance_state_accum(state _dunning.balance_state, amount numeric, on_day date) RETURNS _dunning.balance_state
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_balance_state_movement';
COMMENT ON FUNCTION _dunning.balance_state_accum(_dunning.balance_state, numeric, date) IS 'Transition of the aggregate balance_history: adds a movement to a state';

CREATE FUNCTION _dunning.balance_state_accum(state _dunning.balance_state, history dunning.balance_history) RETURNS _dunning.balance_state
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_balance_state_history';
COMMENT ON FUNCTION _dunning.balance_state_accum(_dunning.balance_state, dunning.balance_history) IS 'Transition of the aggregate sum: adds the movements of a history to a state';

-- In an aggregate this function changes its first argument in place.
CREATE FUNCTION _dunning.balance_state_combine(_dunning.balance_state, _dunning.balance_state) RETURNS _dunning.balance_state
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_balance_state_combine';
COMMENT ON FUNCTION _dunning.balance_state_combine IS 'Combines two states of the aggregates that make a balance_history';

CREATE FUNCTION _dunning.balance_state_final(_dunning.balance_state) RETURNS dunning.balance_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_balance_state_final';
COMMENT ON FUNCTION _dunning.balance_state_final IS 'Final function of the aggregates that make a balance_history';

-- Rows without an amount are left out, as sum() leaves them out.  An amount without a
-- day is an error.  64 bytes is the state of up to four movements.
CREATE AGGREGATE dunning.balance_history(amount numeric, on_day date) (
	SFUNC = _dunning.balance_state_accum,
	STYPE = _dunning.balance_state,
	SSPACE = 64,
	FINALFUNC = _dunning.balance_state_final,
	COMBINEFUNC = _dunning.balance_state_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE dunning.balance_history(numeric, date) IS 'The balance history of movements: signed amounts and their days';

CREATE AGGREGATE dunning.sum(dunning.balance_history) (
	SFUNC = _dunning.balance_state_accum,
	STYPE = _dunning.balance_state,
	SSPACE = 64,
	FINALFUNC = _dunning.balance_state_final,
	COMBINEFUNC = _dunning.balance_state_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE dunning.sum(dunning.balance_history) IS 'The movements of all histories in one';

CREATE FUNCTION _dunning.without_dust(history dunning.balance_history) RETURNS dunning.balance_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_history_without_dust';
COMMENT ON FUNCTION _dunning.without_dust(dunning.balance_history) IS
	'A history whose balance after each movement is without dust; each movement is what that balance changes by';

-- A movement belongs to the balance at the end of its day, so the order of the movements
-- of one day does not matter.
CREATE FUNCTION dunning.open_amount(history dunning.balance_history, as_of date DEFAULT dunning.today()) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_open_amount';
COMMENT ON FUNCTION dunning.open_amount IS 'The balance at the end of a day: the sum of all movements up to that day';

CREATE FUNCTION dunning.match_returns(history dunning.balance_history, returned dunning.balance_history) RETURNS dunning.balance_history
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_match_returns';
COMMENT ON FUNCTION dunning.match_returns IS 'The history with its movements split so that each increase of returned takes a payment back: one of its amount, or the largest smaller one, and the rest is a debit of its own, or else a part of the latest one';

CREATE FUNCTION dunning.standing_history(history dunning.balance_history, as_of date DEFAULT 'infinity') RETURNS dunning.balance_history
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_standing_history';
COMMENT ON FUNCTION dunning.standing_history IS 'The history without the payments that came back by as_of, and without their returns. An increase after the day of the first increase returns the latest payment of the same amount that was made by then and has not come back yet. If there is none, it is a debit of its own';

CREATE FUNCTION dunning.settled_on(history dunning.balance_history) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_settled_on';
COMMENT ON FUNCTION dunning.settled_on IS 'The day since which the balance is zero or below at the end of every day. NULL while it is above zero, and without movements';

CREATE FUNCTION dunning.was_overpaid(history dunning.balance_history, due_on date) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_was_overpaid';
COMMENT ON FUNCTION dunning.was_overpaid IS 'Whether an increase after the due date met a balance below zero. The surplus may have paid interest and costs, so more principal may be open than the balance says';

CREATE FUNCTION dunning.days_to_pay(history dunning.balance_history) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_days_to_pay';
COMMENT ON FUNCTION dunning.days_to_pay IS 'The days from the first movement to the day since which the item is settled. NULL while it is open';

CREATE FUNCTION dunning.largest_balance(history dunning.balance_history) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_largest_balance';
COMMENT ON FUNCTION dunning.largest_balance IS 'The largest balance at the end of a day with a movement. NULL without movements';

CREATE FUNCTION dunning.movements(history dunning.balance_history,
		OUT on_day date, OUT amount numeric, OUT balance numeric) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 3 AS 'MODULE_PATHNAME', 'dunning_movements';
COMMENT ON FUNCTION dunning.movements IS 'The movements of a history in order, each with the balance after it';

CREATE FUNCTION dunning.to_jsonb(history dunning.balance_history) RETURNS jsonb
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT coalesce(jsonb_agg(jsonb_build_object('on_day', m.on_day, 'amount', m.amount) ORDER BY m.n), '[]')
		FROM dunning.movements(history) WITH ORDINALITY AS m (on_day, amount, balance, n);
	END;
COMMENT ON FUNCTION dunning.to_jsonb(dunning.balance_history) IS 'A balance history as a JSON array of objects with on_day and amount';

CREATE CAST (dunning.balance_history AS jsonb) WITH FUNCTION dunning.to_jsonb(dunning.balance_history);
COMMENT ON CAST (dunning.balance_history AS jsonb) IS 'A balance history as a JSON array of objects with on_day and amount';
