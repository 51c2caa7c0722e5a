-- Rate histories: annual rates over time.

-- Reading a history

CREATE FUNCTION dunning.rates(history dunning.rate_history,
		OUT from_day date, OUT to_day date, OUT rate numeric) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 40 AS 'MODULE_PATHNAME', 'dunning_rates';
COMMENT ON FUNCTION dunning.rates IS 'The rates of a history as rows: first and last day, both included, and the annual rate in percent. to_day is NULL if the history has no end. Days with an unknown rate have no row';

CREATE FUNCTION dunning.rate_on(history dunning.rate_history, day date) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rate_on';
COMMENT ON FUNCTION dunning.rate_on IS 'The annual rate in percent on a day; error 22023 outside the history';

CREATE FUNCTION dunning.first_day(history dunning.rate_history) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rates_first_day';
COMMENT ON FUNCTION dunning.first_day IS 'The first day for which a history knows the rate';
CREATE FUNCTION dunning.last_day(history dunning.rate_history) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rates_last_day';
COMMENT ON FUNCTION dunning.last_day IS 'The last day for which a history knows the rate; NULL if it has no end';
CREATE FUNCTION dunning.series(history dunning.rate_history) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rates_series';
COMMENT ON FUNCTION dunning.series IS 'The name of the series of a history; NULL if it has none';

CREATE FUNCTION dunning.to_jsonb(dunning.rate_history) RETURNS jsonb
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (SELECT jsonb_agg(jsonb_build_object('from', r.from_day, 'to', r.to_day, 'rate', r.rate) ORDER BY r.from_day)
			FROM dunning.rates($1) AS r);
COMMENT ON FUNCTION dunning.to_jsonb(dunning.rate_history) IS 'The rates of a history as a JSON array of {from, to, rate}';
CREATE CAST (dunning.rate_history AS jsonb) WITH FUNCTION dunning.to_jsonb(dunning.rate_history);
COMMENT ON CAST (dunning.rate_history AS jsonb) IS 'JSON array of {from, to, rate}';

-- Histories from histories.  The result keeps the name of the series.  Two neighbours
-- never have the same rate.

CREATE FUNCTION _dunning.rate_history_plus(dunning.rate_history, numeric) RETURNS dunning.rate_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rates_plus';
CREATE FUNCTION _dunning.rate_history_minus(dunning.rate_history, numeric) RETURNS dunning.rate_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rates_minus';
CREATE FUNCTION _dunning.rate_history_times(dunning.rate_history, numeric) RETURNS dunning.rate_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rates_times';
CREATE FUNCTION _dunning.plus_rate_history(numeric, dunning.rate_history) RETURNS dunning.rate_history
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN _dunning.rate_history_plus($2, $1);
CREATE FUNCTION _dunning.times_rate_history(numeric, dunning.rate_history) RETURNS dunning.rate_history
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN _dunning.rate_history_times($2, $1);
COMMENT ON FUNCTION _dunning.rate_history_plus IS 'implementation of + operator';
COMMENT ON FUNCTION _dunning.rate_history_minus IS 'implementation of - operator';
COMMENT ON FUNCTION _dunning.rate_history_times IS 'implementation of * operator';
COMMENT ON FUNCTION _dunning.plus_rate_history IS 'implementation of + operator';
COMMENT ON FUNCTION _dunning.times_rate_history IS 'implementation of * operator';
CREATE OPERATOR pg_catalog.+ (LEFTARG = dunning.rate_history, RIGHTARG = numeric, FUNCTION = _dunning.rate_history_plus,
	COMMUTATOR = OPERATOR(pg_catalog.+));
CREATE OPERATOR pg_catalog.+ (LEFTARG = numeric, RIGHTARG = dunning.rate_history, FUNCTION = _dunning.plus_rate_history,
	COMMUTATOR = OPERATOR(pg_catalog.+));
CREATE OPERATOR pg_catalog.- (LEFTARG = dunning.rate_history, RIGHTARG = numeric, FUNCTION = _dunning.rate_history_minus);
CREATE OPERATOR pg_catalog.* (LEFTARG = dunning.rate_history, RIGHTARG = numeric, FUNCTION = _dunning.rate_history_times,
	COMMUTATOR = OPERATOR(pg_catalog.*));
CREATE OPERATOR pg_catalog.* (LEFTARG = numeric, RIGHTARG = dunning.rate_history, FUNCTION = _dunning.times_rate_history,
	COMMUTATOR = OPERATOR(pg_catalog.*));
COMMENT ON OPERATOR pg_catalog.+ (dunning.rate_history, numeric) IS 'every rate plus so many percentage points';
COMMENT ON OPERATOR pg_catalog.+ (numeric, dunning.rate_history) IS 'so many percentage points plus every rate';
COMMENT ON OPERATOR pg_catalog.- (dunning.rate_history, numeric) IS 'every rate less so many percentage points';
COMMENT ON OPERATOR pg_catalog.* (dunning.rate_history, numeric) IS 'every rate times a factor; exact, or error 22003';
COMMENT ON OPERATOR pg_catalog.* (numeric, dunning.rate_history) IS 'a factor times every rate; exact, or error 22003';

CREATE FUNCTION dunning.sampled(history dunning.rate_history, every text, on_day text DEFAULT 'first day')
	RETURNS dunning.rate_history
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rates_sampled';
COMMENT ON FUNCTION dunning.sampled IS 'One rate for each half-year, year, quarter or month: the rate of its first day, or of the day before. From the first to the last period whose day the history knows';

CREATE FUNCTION dunning.rounded_up(history dunning.rate_history, step numeric) RETURNS dunning.rate_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rates_rounded_up';
COMMENT ON FUNCTION dunning.rounded_up IS 'Every rate rounded up to a multiple of step; a negative rate goes towards zero';

CREATE FUNCTION dunning.higher_of(dunning.rate_history, dunning.rate_history) RETURNS dunning.rate_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rates_greatest';
COMMENT ON FUNCTION dunning.higher_of IS 'The larger rate of each day that both histories know. The name is that of the history that ends first. Error 22023 if they share no day';

CREATE FUNCTION dunning.restricted(history dunning.rate_history, days daterange) RETURNS dunning.rate_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rates_restricted';
COMMENT ON FUNCTION dunning.restricted IS 'The history on the days of a range. An unbounded end keeps the end of the history. Error 22023 if no day is left';
