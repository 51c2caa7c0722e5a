-- dunning.aged_series: aged balances on several dates from one pass over the
-- movements.  A movement counts from its day on, in the bucket that its item is
-- in on each date.

CREATE FUNCTION _dunning.aged_series_accum(state _dunning.aged_series_state, amount numeric, on_day date, due_on date,
										  dates date[], scheme dunning.aging_scheme) RETURNS _dunning.aged_series_state
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_series_accum';
COMMENT ON FUNCTION _dunning.aged_series_accum(_dunning.aged_series_state, numeric, date, date, date[], dunning.aging_scheme) IS
	'Transition of the aggregate aged_series: adds a movement to a state';

CREATE FUNCTION _dunning.aged_series_accum(state _dunning.aged_series_state, history dunning.balance_history, issued_on date, due_on date,
										  dates date[], scheme dunning.aging_scheme) RETURNS _dunning.aged_series_state
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_series_accum_history';
COMMENT ON FUNCTION _dunning.aged_series_accum(_dunning.aged_series_state, dunning.balance_history, date, date, date[],
	dunning.aging_scheme) IS
	'Transition of the aggregate aged_series: adds the movements of an item to a state';

-- In an aggregate the combine function changes its first argument in place.
CREATE FUNCTION _dunning.aged_series_combine(_dunning.aged_series_state, _dunning.aged_series_state) RETURNS _dunning.aged_series_state
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_series_combine';
COMMENT ON FUNCTION _dunning.aged_series_combine(_dunning.aged_series_state, _dunning.aged_series_state) IS
	'Combines two states of the aggregate aged_series; error 22023 unless they have the same dates and scheme';

CREATE FUNCTION _dunning.aged_series_final(_dunning.aged_series_state) RETURNS dunning.aged_balance[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_series_final';
COMMENT ON FUNCTION _dunning.aged_series_final(_dunning.aged_series_state) IS
	'The aged balances of a state of the aggregate aged_series, one a date';

-- 2400 bytes is the state of five buckets on 24 dates.
CREATE AGGREGATE dunning.aged_series(amount numeric, on_day date, due_on date, dates date[], scheme dunning.aging_scheme) (
	SFUNC = _dunning.aged_series_accum,
	STYPE = _dunning.aged_series_state,
	SSPACE = 2400,
	FINALFUNC = _dunning.aged_series_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = _dunning.aged_series_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE dunning.aged_series(numeric, date, date, date[], dunning.aging_scheme) IS
	'The aged balances on ascending dates from movements: one without an amount is left out, one without a day counts from the first date on, one whose item has no due date is undated; error 22023 unless all rows have the same dates and scheme, 54000 for too many dates';

CREATE AGGREGATE dunning.aged_series(history dunning.balance_history, issued_on date, due_on date, dates date[],
	scheme dunning.aging_scheme) (
	SFUNC = _dunning.aged_series_accum,
	STYPE = _dunning.aged_series_state,
	SSPACE = 2400,
	FINALFUNC = _dunning.aged_series_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = _dunning.aged_series_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE dunning.aged_series(dunning.balance_history, date, date, date[], dunning.aging_scheme) IS
	'The aged balances on ascending dates from the histories of items, of which nothing counts before the issue date; otherwise as from movements';
