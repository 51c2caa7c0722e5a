-- The status of one item on a day.

CREATE FUNCTION dunning.today() RETURNS date
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_today';
COMMENT ON FUNCTION dunning.today IS 'The day for which functions and views that read answer: the setting dunning.today, otherwise the date now in the time zone dunning.time_zone. The setting does not reach workers of Citus or foreign servers: pass them the day as a literal or parameter';

CREATE FUNCTION _dunning.real_day() RETURNS date
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_real_day';
COMMENT ON FUNCTION _dunning.real_day IS 'The date now in the time zone dunning.time_zone, for functions that write. Neither the time zone of the session nor dunning.today changes it';

CREATE FUNCTION _dunning.business_zone() RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN coalesce(nullif(current_setting('dunning.time_zone', true), ''), current_setting('log_timezone'));
COMMENT ON FUNCTION _dunning.business_zone IS 'The time zone in which a day begins and ends: the setting dunning.time_zone, otherwise log_timezone';

CREATE FUNCTION _dunning.noted_day(noted_at timestamptz) RETURNS date
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (noted_at AT TIME ZONE _dunning.business_zone())::date;
COMMENT ON FUNCTION _dunning.noted_day IS 'The date of a moment in the time zone of the business';

CREATE FUNCTION dunning.days_past_due(due_on date, as_of date DEFAULT dunning.today()) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_days_past_due';
COMMENT ON FUNCTION dunning.days_past_due IS 'Days from the due date to as_of, negative before the due date; NULL if a day is infinite';

CREATE FUNCTION dunning.overdue_before(as_of date DEFAULT dunning.today(), grace_days integer DEFAULT 0) RETURNS date
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_overdue_before';
COMMENT ON FUNCTION dunning.overdue_before IS 'The day before which a due date is overdue on as_of: as_of less the grace days, within the range of dates';

CREATE FUNCTION _dunning.is_overdue_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_is_overdue_support';
COMMENT ON FUNCTION _dunning.is_overdue_support IS 'Planner support of is_overdue: turns it into a comparison of the due date';

CREATE FUNCTION dunning.is_overdue(due_on date, as_of date DEFAULT dunning.today(), grace_days integer DEFAULT 0) RETURNS boolean
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _dunning.is_overdue_support
	AS 'MODULE_PATHNAME', 'dunning_is_overdue';
COMMENT ON FUNCTION dunning.is_overdue IS 'Whether a due date has passed by more than the grace days; an item due on as_of is not overdue. Uses an index on the due date';

CREATE FUNCTION dunning.item_status(open_amount numeric, due_on date, as_of date DEFAULT dunning.today()) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_status';
COMMENT ON FUNCTION dunning.item_status IS 'The status of an item on a day: settled (nothing is open), credit (you owe the customer), or by its due date not_due, due_today or overdue';
