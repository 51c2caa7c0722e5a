-- Reference rates, and the rate histories made of them.

CREATE TABLE dunning.reference_series ( --: Series of reference rates, and how long a rate of each holds. Rates of a series without a row hold for a half-year
	series text PRIMARY KEY CHECK (series ~ '^[A-Za-z_][A-Za-z0-9_]{0,62}$'), --: Name of the series; errors about a missing rate quote it
	holds text NOT NULL DEFAULT 'half-year' CHECK (holds IN ('half-year', 'year', 'until changed')), --: How long a rate holds: to the end of its half-year or year, after which a missing rate is an error; or until changed, to the day before the next rate
	description text, --: Description
	source text, --: Who publishes it
	shipped boolean NOT NULL DEFAULT false --: Whether the row came with the extension
);
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.reference_series
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('series');
SELECT pg_catalog.pg_extension_config_dump('dunning.reference_series', 'WHERE NOT shipped');

-- Each rate has a copy of "holds": a dump restores the tables in any order, and until
-- its series is there, a rate must not be read as the rate of a half-year.
CREATE TABLE dunning.reference_rate ( --: Annual rates by the day from which they apply. Insert one row each half-year for each series that your rules use
	series text CHECK (series ~ '^[A-Za-z_][A-Za-z0-9_]{0,62}$'), --: Name of the series; errors about a missing rate quote it
	effective_on date CHECK (effective_on BETWEEN '0001-01-01' AND '9999-12-31'), --: First day of the rate, included
	rate numeric NOT NULL CHECK (abs(rate) <= 1000 AND rate = round(rate, 6)), --: Annual rate in percent, as published. The margin of the law is in dunning.jurisdiction
	known_until date CHECK (known_until >= effective_on AND isfinite(known_until)), --: Last day for which the rate is known; later days are unknown up to the next row. NULL: the end of its half-year or, if the series holds by year, of its year; in a series of your own that holds until changed, the day before the next row
	holds text NOT NULL CHECK (holds IN ('half-year', 'year', 'until changed')), --: How long the rate holds: filled in from dunning.reference_series
	confidence text NOT NULL DEFAULT 'read' CHECK (confidence IN ('read', 'computed', 'memory')), --: read: read in the source; computed: from values that were read; memory: not verified
	source text, --: Where the rate was read
	shipped boolean NOT NULL DEFAULT false, --: Whether the row came with the extension
	PRIMARY KEY (series, effective_on)
);
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.reference_rate
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('series', 'effective_on');
SELECT pg_catalog.pg_extension_config_dump('dunning.reference_rate', 'WHERE NOT shipped');

CREATE FUNCTION _dunning.set_holds() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NEW.holds IS NULL THEN
		SELECT s.holds INTO NEW.holds FROM dunning.reference_series AS s WHERE s.series = NEW.series;
		IF NOT FOUND THEN
			NEW.holds := 'half-year';
			IF NOT EXISTS (SELECT FROM dunning.reference_rate AS r WHERE r.series = NEW.series) THEN
				RAISE WARNING 'series "%" is new', NEW.series
					USING DETAIL = format('Series are %s.', (SELECT string_agg(s.series COLLATE "C", ', ' ORDER BY s.series COLLATE "C")
						FROM dunning.reference_series AS s)), HINT = 'Check its name. Describe a series of your own in dunning.reference_series; until then each of its rates holds for a half-year.';
			END IF;
		END IF;
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION _dunning.set_holds IS 'Trigger: fills in how long a rate holds, and warns if nothing else names the series. A row of a dump has it already, and can come before its series';
CREATE TRIGGER set_holds BEFORE INSERT OR UPDATE ON dunning.reference_rate
	FOR EACH ROW EXECUTE FUNCTION _dunning.set_holds();

CREATE FUNCTION _dunning.spread_holds() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- inserting a new series needs no right to change rates
	IF EXISTS (SELECT FROM dunning.reference_rate AS r WHERE r.series = NEW.series AND NOT r.shipped AND r.holds <> NEW.holds) THEN
		UPDATE dunning.reference_rate AS r SET holds = NEW.holds
		WHERE r.series = NEW.series AND NOT r.shipped AND r.holds <> NEW.holds;
	END IF;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION _dunning.spread_holds IS 'Trigger: copies to the rates of a series how long they hold';
CREATE TRIGGER spread_holds AFTER INSERT OR UPDATE ON dunning.reference_series
	FOR EACH ROW EXECUTE FUNCTION _dunning.spread_holds();

-- Not strict, so that calls are inlined.
CREATE FUNCTION _dunning.half_year_end(day date) RETURNS date
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (date_trunc('year', day::timestamp)
		+ CASE WHEN extract(month FROM day) <= 6 THEN interval '6 months' ELSE interval '1 year' END)::date - 1;
COMMENT ON FUNCTION _dunning.half_year_end IS 'The last day of the half-year of a day';

CREATE FUNCTION _dunning.period_end(day date, every text) RETURNS date
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE every
		WHEN 'half-year' THEN _dunning.half_year_end(day)
		WHEN 'year' THEN (date_trunc('year', day::timestamp) + interval '1 year')::date - 1
		WHEN 'quarter' THEN (date_trunc('quarter', day::timestamp) + interval '3 months')::date - 1
		WHEN 'month' THEN (date_trunc('month', day::timestamp) + interval '1 month')::date - 1 END;
COMMENT ON FUNCTION _dunning.period_end IS 'The last day of the half-year, year, quarter or month of a day; NULL for another word';

-- For a rate that holds until changed it is the end of the half-year, too.
CREATE FUNCTION _dunning.rate_end(dunning.reference_rate) RETURNS date
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN coalesce(($1).known_until, _dunning.period_end(($1).effective_on, CASE ($1).holds WHEN 'year' THEN 'year' ELSE 'half-year' END));
COMMENT ON FUNCTION _dunning.rate_end IS 'The last day for which a reference rate is known if no later rate follows';

-- Two kinds of days between rows are not unknown: those of a user's own series that
-- holds until changed, after a row that does not say until when it is known, and those between two shipped rows of such a series.  A user
-- who continues a shipped series must insert the rate of each period, changed or not.
CREATE FUNCTION dunning.series_rates(series text) RETURNS dunning.rate_history
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	history text;
BEGIN
	SELECT format('%s {%s} until %s%s', series_rates.series,
			string_agg(to_char(s.effective_on, 'YYYY-MM-DD') || ': ' || s.rate
				|| CASE WHEN s.next_on > s.known + 1 AND (s.holds <> 'until changed' OR s.is_published AND NOT s.next_shipped OR s.is_typed)
					THEN format(', %s: unknown', to_char(s.known + 1, 'YYYY-MM-DD')) ELSE '' END, ', ' ORDER BY s.effective_on),
			to_char((max(ARRAY[s.effective_on, s.known]))[2], 'YYYY-MM-DD'),
			CASE WHEN bool_and(s.holds = 'year') THEN ' by year' END)
		INTO history
	FROM (SELECT r.effective_on, r.rate, r.holds, _dunning.rate_end(r) AS known, r.known_until IS NOT NULL AND NOT r.shipped AS is_typed,
			lead(r.effective_on) OVER w AS next_on, lead(r.shipped) OVER w AS next_shipped, bool_or(r.shipped) OVER () AS is_published
		FROM dunning.reference_rate AS r WHERE r.series = series_rates.series
		WINDOW w AS (ORDER BY r.effective_on)) AS s
	HAVING count(*) > 0;
	RETURN history::dunning.rate_history;
END
$$;
COMMENT ON FUNCTION dunning.series_rates IS 'The rate history of a series of dunning.reference_rate. NULL if it has no rates. Days that no row states are unknown in it, unless the series is your own and holds until changed, and the row before does not say until when it is known';
