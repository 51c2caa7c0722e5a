-- Calendars of business days, and Easter.

CREATE TYPE dunning.calendar;
CREATE FUNCTION _dunning.calendar_in(cstring) RETURNS dunning.calendar
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_calendar_in';
CREATE FUNCTION _dunning.calendar_out(dunning.calendar) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_calendar_out';
CREATE FUNCTION _dunning.calendar_recv(internal) RETURNS dunning.calendar
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_calendar_recv';
CREATE FUNCTION _dunning.calendar_send(dunning.calendar) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_calendar_send';
CREATE TYPE dunning.calendar (
	INPUT = _dunning.calendar_in, OUTPUT = _dunning.calendar_out,
	RECEIVE = _dunning.calendar_recv, SEND = _dunning.calendar_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE dunning.calendar IS
	'Which days are business days: the weekend, then holidays by rule or by date: sat sun; 01-01; easter+1; mon>=05-01; 2026-05-15';
COMMENT ON FUNCTION _dunning.calendar_in(cstring) IS
	'Text input of calendar: WEEKDAYS | no weekend; [open] MM-DD | YYYY-MM-DD | easter[+-DAYS] | WEEKDAY>=MM-DD | WEEKDAY<=MM-DD [from YEAR] [until YEAR] [if WEEKDAYS]; ...';
COMMENT ON FUNCTION _dunning.calendar_out(dunning.calendar) IS 'Text output of calendar; defaults stay unwritten';
COMMENT ON FUNCTION _dunning.calendar_recv(internal) IS 'Binary input of calendar: a version byte, then the text form';
COMMENT ON FUNCTION _dunning.calendar_send(dunning.calendar) IS 'Binary output of calendar: a version byte, then the text form';

CREATE FUNCTION _dunning.calendar_eq(dunning.calendar, dunning.calendar) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_value_eq';
CREATE FUNCTION _dunning.calendar_ne(dunning.calendar, dunning.calendar) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_value_ne';
CREATE FUNCTION _dunning.calendar_hash(dunning.calendar) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_value_hash';
CREATE FUNCTION _dunning.calendar_hash_extended(dunning.calendar, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_value_hash_extended';
COMMENT ON FUNCTION _dunning.calendar_eq(dunning.calendar, dunning.calendar) IS 'implementation of = operator';
COMMENT ON FUNCTION _dunning.calendar_ne(dunning.calendar, dunning.calendar) IS 'implementation of <> operator';
COMMENT ON FUNCTION _dunning.calendar_hash(dunning.calendar) IS 'hash';
COMMENT ON FUNCTION _dunning.calendar_hash_extended(dunning.calendar, bigint) IS 'hash';
CREATE OPERATOR pg_catalog.= (LEFTARG = dunning.calendar, RIGHTARG = dunning.calendar,
	FUNCTION = _dunning.calendar_eq, COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES);
CREATE OPERATOR pg_catalog.<> (LEFTARG = dunning.calendar, RIGHTARG = dunning.calendar,
	FUNCTION = _dunning.calendar_ne, COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=),
	RESTRICT = neqsel, JOIN = neqjoinsel);
COMMENT ON OPERATOR pg_catalog.= (dunning.calendar, dunning.calendar) IS 'equal: same weekend and rules';
COMMENT ON OPERATOR pg_catalog.<> (dunning.calendar, dunning.calendar) IS 'not equal';
CREATE OPERATOR CLASS _dunning.calendar_ops DEFAULT FOR TYPE dunning.calendar USING hash AS
	OPERATOR 1 pg_catalog.=, FUNCTION 1 _dunning.calendar_hash(dunning.calendar),
	FUNCTION 2 _dunning.calendar_hash_extended(dunning.calendar, bigint);
COMMENT ON OPERATOR CLASS _dunning.calendar_ops USING hash IS 'hashing of calendars';

CREATE FUNCTION dunning.make_calendar(weekend text, holidays date[]) RETURNS dunning.calendar
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (weekend || coalesce((SELECT string_agg('; ' || to_char(h.day::timestamp, 'YYYY-MM-DD'), '' ORDER BY h.day)
		FROM unnest(holidays) AS h (day)), ''))::dunning.calendar;
COMMENT ON FUNCTION dunning.make_calendar(text, date[]) IS
	'A calendar from its weekend, such as ''sat sun'' or ''no weekend'', and a list of holidays, which may be an array_agg() over a table';

CREATE FUNCTION dunning.easter(year integer) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_easter';
COMMENT ON FUNCTION dunning.easter(integer) IS
	'Easter Sunday of the western churches; error 22008 before 1583 and after 9999';

CREATE FUNCTION dunning.holidays(calendar dunning.calendar, year integer) RETURNS SETOF date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 11 AS 'MODULE_PATHNAME', 'dunning_holidays';
COMMENT ON FUNCTION dunning.holidays(dunning.calendar, integer) IS
	'The holidays of a year in order, those in a weekend too; error 22008 before 1583 and after 9999';

CREATE FUNCTION dunning.is_business_day(day date, calendar dunning.calendar DEFAULT 'sat sun') RETURNS boolean
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'dunning_is_business_day';
COMMENT ON FUNCTION dunning.is_business_day(date, dunning.calendar) IS
	'Whether a day is neither in the weekend nor a holiday, or is open in spite of both; error 22008 for an infinite day';

CREATE FUNCTION dunning.add_business_days(day date, n integer, calendar dunning.calendar DEFAULT 'sat sun') RETURNS date
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'dunning_add_business_days';
COMMENT ON FUNCTION dunning.add_business_days(date, integer, dunning.calendar) IS
	'The n-th business day after a day, or before it if n is negative; the day itself if n is 0. At most 36500; error 22023 beyond, or where 366 days in a row are closed';

CREATE FUNCTION dunning.to_business_day(day date, calendar dunning.calendar DEFAULT 'sat sun', shift text DEFAULT 'following') RETURNS date
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'dunning_to_business_day';
COMMENT ON FUNCTION dunning.to_business_day(date, dunning.calendar, text) IS
	'The day itself if it is a business day, otherwise the following or preceding one; modified following: the preceding one if the following is in another month; none: the day itself';
