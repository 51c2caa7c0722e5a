-- Calendars of business days, and Easter.

CREATE FUNCTION dunning.make_calendar(weekend text, holidays date[]) RETURNS dunning.calendar
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (weekend || coalesce((SELECT string_agg('; ' || to_char(h.day::timestamp, 'YYYY-MM-DD'), '' ORDER BY h.day)
		FROM unnest(holidays) AS h (day)), ''))::dunning.calendar;
COMMENT ON FUNCTION dunning.make_calendar IS 'A calendar from a weekend, such as ''sat sun'' or ''no weekend'', and an array of holidays';

CREATE FUNCTION dunning.easter(year integer) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_easter';
COMMENT ON FUNCTION dunning.easter IS 'Easter Sunday of the western churches; error 22008 before 1583 and after 9999';

CREATE FUNCTION dunning.holidays(calendar dunning.calendar, year integer) RETURNS SETOF date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 11 AS 'MODULE_PATHNAME', 'dunning_holidays';
COMMENT ON FUNCTION dunning.holidays IS 'The holidays of a year in order, also those on a weekend; error 22008 before 1583 and after 9999';

CREATE FUNCTION dunning.is_business_day(day date, calendar dunning.calendar DEFAULT 'sat sun') RETURNS boolean
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'dunning_is_business_day';
COMMENT ON FUNCTION dunning.is_business_day IS 'Whether a day is a business day: open, or neither on a weekend nor a holiday; error 22008 for an infinite day';

CREATE FUNCTION dunning.add_business_days(day date, n integer, calendar dunning.calendar DEFAULT 'sat sun') RETURNS date
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 20 AS 'MODULE_PATHNAME', 'dunning_add_business_days';
COMMENT ON FUNCTION dunning.add_business_days IS 'The n-th business day after a day, or before it if n is negative; the day itself if n is 0. Error 22023 if n is beyond 36500, or if 366 days in a row are closed';

CREATE FUNCTION dunning.to_business_day(day date, calendar dunning.calendar DEFAULT 'sat sun', shift text DEFAULT 'following') RETURNS date
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME', 'dunning_to_business_day';
COMMENT ON FUNCTION dunning.to_business_day IS 'The day itself if it is a business day, otherwise the following or preceding business day; modified following: the preceding one if the following is in another month; none: the day itself';
