-- Penalty rules, and what a late payment costs by them.

CREATE TYPE dunning.penalty_rule;
CREATE FUNCTION dunning.penalty_rule_in(cstring) RETURNS dunning.penalty_rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_penalty_rule_in';
CREATE FUNCTION dunning.penalty_rule_out(dunning.penalty_rule) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_penalty_rule_out';
CREATE FUNCTION dunning.penalty_rule_recv(internal) RETURNS dunning.penalty_rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_penalty_rule_recv';
CREATE FUNCTION dunning.penalty_rule_send(dunning.penalty_rule) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_penalty_rule_send';
CREATE TYPE dunning.penalty_rule (
	INPUT = dunning.penalty_rule_in, OUTPUT = dunning.penalty_rule_out,
	RECEIVE = dunning.penalty_rule_recv, SEND = dunning.penalty_rule_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE dunning.penalty_rule IS
	'What a late payment costs: a constant annual rate or a rate history, then terms: 10.15%; compensation 40.00 EUR; grace 5';
COMMENT ON FUNCTION dunning.penalty_rule_in(cstring) IS
	'Text input of penalty_rule: rate or history, then "; compensation AMOUNT CURRENCY", "; grace DAYS", "; decimals N", "; act/365" in any order';
COMMENT ON FUNCTION dunning.penalty_rule_out(dunning.penalty_rule) IS 'Text output of penalty_rule; defaults stay unwritten';
COMMENT ON FUNCTION dunning.penalty_rule_recv(internal) IS 'Binary input of penalty_rule: a version byte, then the text form';
COMMENT ON FUNCTION dunning.penalty_rule_send(dunning.penalty_rule) IS 'Binary output of penalty_rule: a version byte, then the text form';

CREATE FUNCTION dunning.penalty_rule_eq(dunning.penalty_rule, dunning.penalty_rule) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_value_eq';
CREATE FUNCTION dunning.penalty_rule_ne(dunning.penalty_rule, dunning.penalty_rule) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_value_ne';
CREATE FUNCTION dunning.penalty_rule_hash(dunning.penalty_rule) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_value_hash';
CREATE FUNCTION dunning.penalty_rule_hash_extended(dunning.penalty_rule, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_value_hash_extended';
COMMENT ON FUNCTION dunning.penalty_rule_eq(dunning.penalty_rule, dunning.penalty_rule) IS 'implementation of = operator';
COMMENT ON FUNCTION dunning.penalty_rule_ne(dunning.penalty_rule, dunning.penalty_rule) IS 'implementation of <> operator';
COMMENT ON FUNCTION dunning.penalty_rule_hash(dunning.penalty_rule) IS 'hash';
COMMENT ON FUNCTION dunning.penalty_rule_hash_extended(dunning.penalty_rule, bigint) IS 'hash';
CREATE OPERATOR pg_catalog.= (LEFTARG = dunning.penalty_rule, RIGHTARG = dunning.penalty_rule,
	FUNCTION = dunning.penalty_rule_eq, COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES);
CREATE OPERATOR pg_catalog.<> (LEFTARG = dunning.penalty_rule, RIGHTARG = dunning.penalty_rule,
	FUNCTION = dunning.penalty_rule_ne, COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=),
	RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR pg_catalog.= (dunning.penalty_rule, dunning.penalty_rule) IS 'equal: same rates and terms';
COMMENT ON OPERATOR pg_catalog.<> (dunning.penalty_rule, dunning.penalty_rule) IS 'not equal';
CREATE OPERATOR CLASS dunning.penalty_rule_ops DEFAULT FOR TYPE dunning.penalty_rule USING hash AS
	OPERATOR 1 pg_catalog.=, FUNCTION 1 dunning.penalty_rule_hash(dunning.penalty_rule),
	FUNCTION 2 dunning.penalty_rule_hash_extended(dunning.penalty_rule, bigint);
COMMENT ON OPERATOR CLASS dunning.penalty_rule_ops USING hash IS 'hashing of penalty rules';

-- Reading the values back

CREATE TYPE dunning.penalty_terms AS (
	constant_rate numeric, day_count text, compensation numeric, currency text, grace_days integer, decimals integer);
COMMENT ON TYPE dunning.penalty_terms IS 'What a penalty rule says besides its rate history';

CREATE FUNCTION dunning.penalty_terms(rule dunning.penalty_rule) RETURNS dunning.penalty_terms
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rule_terms';
COMMENT ON FUNCTION dunning.penalty_terms(dunning.penalty_rule) IS
	'The terms of a penalty rule: constant rate (NULL if it has a history), day count, compensation and its currency, grace days, decimals';

CREATE FUNCTION dunning.rate_history(rule dunning.penalty_rule) RETURNS dunning.rate_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rule_rates';
COMMENT ON FUNCTION dunning.rate_history(dunning.penalty_rule) IS
	'The rate history of a penalty rule; NULL if its rate is constant';

CREATE FUNCTION dunning.penalty_rule(rates dunning.rate_history, compensation numeric DEFAULT NULL,
		currency text DEFAULT NULL, grace_days integer DEFAULT NULL, decimals integer DEFAULT NULL) RETURNS dunning.penalty_rule
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (rates::text || coalesce('; compensation ' || compensation::text || ' ' || coalesce(currency, ''), '')
		|| coalesce('; grace ' || grace_days::text, '')
		|| coalesce('; decimals ' || decimals::text, ''))::dunning.penalty_rule;
COMMENT ON FUNCTION dunning.penalty_rule(dunning.rate_history, numeric, text, integer, integer) IS
	'A penalty rule from a rate history and terms; a term that is NULL is not there';

CREATE FUNCTION dunning.to_jsonb(dunning.penalty_rule) RETURNS jsonb
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN pg_catalog.to_jsonb(dunning.penalty_terms($1)) || jsonb_build_object('rates', dunning.rate_history($1)::jsonb);
COMMENT ON FUNCTION dunning.to_jsonb(dunning.penalty_rule) IS 'The terms of a penalty rule as a JSON object, with its rates';
CREATE CAST (dunning.penalty_rule AS jsonb) WITH FUNCTION dunning.to_jsonb(dunning.penalty_rule);
COMMENT ON CAST (dunning.penalty_rule AS jsonb) IS 'JSON object of the terms, with the rates';

-- The computations.  The day count is as_of - due_on: interest runs from the
-- day after the due date to as_of, both counted, and a rate that starts on a
-- day applies on that day (France: Code de commerce L441-10 II).

CREATE FUNCTION dunning.late_interest(amount numeric, due_on date, as_of date, rule dunning.penalty_rule) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_late_interest';
COMMENT ON FUNCTION dunning.late_interest(numeric, date, date, dunning.penalty_rule) IS
	'Late interest on an amount from the day after its due date to as_of, both counted: amount * rate * days / 365, exact, rounded once half away from zero; 0 if not late; of a negative amount negative; error 22023 if a day has no rate';

CREATE FUNCTION dunning.late_compensation(amount numeric, due_on date, as_of date, rule dunning.penalty_rule) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_late_compensation';
COMMENT ON FUNCTION dunning.late_compensation(numeric, date, date, dunning.penalty_rule) IS
	'The fixed compensation of a late item, in the currency of the rule; 0 if it is not late or the amount is not above zero (France: Code de commerce D441-5)';

CREATE TYPE dunning.penalty AS (interest numeric, compensation numeric, total numeric);
COMMENT ON TYPE dunning.penalty IS 'A late penalty: interest, fixed compensation, and the two together';

CREATE FUNCTION dunning.late_penalty(amount numeric, due_on date, as_of date, rule dunning.penalty_rule) RETURNS dunning.penalty
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_late_penalty';
COMMENT ON FUNCTION dunning.late_penalty(numeric, date, date, dunning.penalty_rule) IS
	'Late interest, fixed compensation and their total; the amount and the compensation are taken to be of one currency';

CREATE FUNCTION dunning.penalty_problem(due_on date, as_of date, rule dunning.penalty_rule) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_penalty_problem';
COMMENT ON FUNCTION dunning.penalty_problem(date, date, dunning.penalty_rule) IS
	'Why late_interest cannot be computed for these days, NULL if it can';
