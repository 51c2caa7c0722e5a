-- Rate histories: annual rates over time.

CREATE TYPE dunning.rate_history;
CREATE FUNCTION dunning.rate_history_in(cstring) RETURNS dunning.rate_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rate_history_in';
CREATE FUNCTION dunning.rate_history_out(dunning.rate_history) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rate_history_out';
CREATE FUNCTION dunning.rate_history_recv(internal) RETURNS dunning.rate_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rate_history_recv';
CREATE FUNCTION dunning.rate_history_send(dunning.rate_history) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rate_history_send';
CREATE TYPE dunning.rate_history (
	INPUT = dunning.rate_history_in, OUTPUT = dunning.rate_history_out,
	RECEIVE = dunning.rate_history_recv, SEND = dunning.rate_history_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dunning.rate_history IS
	'Annual rates in percent by the day they start on, with the name of the series and the last day known: ecb_8 {2026-01-01: 10.15, 2026-07-01: 10.40} until 2026-12-31';
COMMENT ON FUNCTION dunning.rate_history_in(cstring) IS 'Text input of rate_history: [series] {day: rate, ...} [until day]';
COMMENT ON FUNCTION dunning.rate_history_out(dunning.rate_history) IS 'Text output of rate_history';
COMMENT ON FUNCTION dunning.rate_history_recv(internal) IS 'Binary input of rate_history: a version byte, then the text form';
COMMENT ON FUNCTION dunning.rate_history_send(dunning.rate_history) IS 'Binary output of rate_history: a version byte, then the text form';

CREATE FUNCTION dunning.rate_history_eq(dunning.rate_history, dunning.rate_history) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_value_eq';
CREATE FUNCTION dunning.rate_history_ne(dunning.rate_history, dunning.rate_history) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_value_ne';
CREATE FUNCTION dunning.rate_history_hash(dunning.rate_history) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_value_hash';
CREATE FUNCTION dunning.rate_history_hash_extended(dunning.rate_history, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_value_hash_extended';
COMMENT ON FUNCTION dunning.rate_history_eq(dunning.rate_history, dunning.rate_history) IS 'implementation of = operator';
COMMENT ON FUNCTION dunning.rate_history_ne(dunning.rate_history, dunning.rate_history) IS 'implementation of <> operator';
COMMENT ON FUNCTION dunning.rate_history_hash(dunning.rate_history) IS 'hash';
COMMENT ON FUNCTION dunning.rate_history_hash_extended(dunning.rate_history, bigint) IS 'hash';
CREATE OPERATOR pg_catalog.= (LEFTARG = dunning.rate_history, RIGHTARG = dunning.rate_history,
	FUNCTION = dunning.rate_history_eq, COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES);
CREATE OPERATOR pg_catalog.<> (LEFTARG = dunning.rate_history, RIGHTARG = dunning.rate_history,
	FUNCTION = dunning.rate_history_ne, COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=),
	RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR pg_catalog.= (dunning.rate_history, dunning.rate_history) IS 'equal: same series, days, rates and end';
COMMENT ON OPERATOR pg_catalog.<> (dunning.rate_history, dunning.rate_history) IS 'not equal';
CREATE OPERATOR CLASS dunning.rate_history_ops DEFAULT FOR TYPE dunning.rate_history USING hash AS
	OPERATOR 1 pg_catalog.=, FUNCTION 1 dunning.rate_history_hash(dunning.rate_history),
	FUNCTION 2 dunning.rate_history_hash_extended(dunning.rate_history, bigint);
COMMENT ON OPERATOR CLASS dunning.rate_history_ops USING hash IS 'hashing of rate histories';

-- Reading it back

CREATE FUNCTION dunning.rates(history dunning.rate_history,
		OUT from_day date, OUT to_day date, OUT rate numeric) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 40 AS 'MODULE_PATHNAME', 'dunning_rates';
COMMENT ON FUNCTION dunning.rates(dunning.rate_history) IS
	'The rates of a history as rows: first and last day, both counted, and the annual rate in percent; to_day is NULL where the history has no end';

CREATE FUNCTION dunning.rate_on(history dunning.rate_history, day date) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rate_on';
COMMENT ON FUNCTION dunning.rate_on(dunning.rate_history, date) IS
	'The annual rate in percent on a day; error 22023 outside the history';

CREATE FUNCTION dunning.to_jsonb(dunning.rate_history) RETURNS jsonb
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (SELECT jsonb_agg(jsonb_build_object('from', r.from_day, 'to', r.to_day, 'rate', r.rate) ORDER BY r.from_day)
			FROM dunning.rates($1) AS r);
COMMENT ON FUNCTION dunning.to_jsonb(dunning.rate_history) IS 'The rates of a history as a JSON array of {from, to, rate}';
CREATE CAST (dunning.rate_history AS jsonb) WITH FUNCTION dunning.to_jsonb(dunning.rate_history);
COMMENT ON CAST (dunning.rate_history AS jsonb) IS 'JSON array of {from, to, rate}';
