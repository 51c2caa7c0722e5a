-- Calendars by name.  The shipped calendars are rules, so they need no update each year.
-- Holidays of one year alone come with an upgrade.

CREATE TABLE dunning.holiday_calendar ( --: Calendars of business days by name
	name text PRIMARY KEY, --: Name of the calendar
	calendar dunning.calendar NOT NULL, --: The calendar
	description text, --: Description, with the source
	shipped boolean NOT NULL DEFAULT false --: Whether the row came with the extension
);
SELECT pg_catalog.pg_extension_config_dump('dunning.holiday_calendar', 'WHERE NOT shipped');

INSERT INTO dunning.holiday_calendar (name, calendar, description, shipped) VALUES
	('weekends', 'sat sun', 'Monday to Friday, no holidays', true),
	('target', 'sat sun; 01-01; easter-2 from 2000; easter+1 from 2000; 05-01 from 2000; 12-25; 12-26 from 2000; 1999-12-31; 2001-12-31',
	 'TARGET and T2, the payment system of the euro, from 1999 on: closing days set by the ECB Governing Council', true),
	('france', 'sat sun; 01-01; easter+1; 05-01; 05-08 from 1982; easter+39; easter+50; 07-14; 08-15; 11-01; 11-11; 12-25',
	 'France without Alsace-Moselle and overseas: legal holidays of Code du travail L3133-1, the day of solidarity included', true),
	('germany', 'sat sun; 01-01; easter-2; easter+1; 05-01; easter+39; easter+50; 10-03 from 1990; wed<=11-22 from 1990 until 1994; 12-25; 12-26; 2017-10-31',
	 'Germany, holidays of all Laender from 1990 on; those of single Laender are to be added', true),
	('united kingdom', 'sat sun; 01-01 from 1974; 01-02 if mon from 1974; 01-03 if mon from 1974; easter-2; easter+1; mon>=05-01 from 1978; mon<=05-31 from 1971; mon<=08-31 from 1971; 12-25; 12-26; 12-27 if mon tue; 12-28 if mon tue; '
	 'open 1995-05-01; 1995-05-08; 1999-12-31; open 2002-05-27; 2002-06-03; 2002-06-04; 2011-04-29; open 2012-05-28; 2012-06-04; 2012-06-05; open 2020-05-04; 2020-05-08; open 2022-05-30; 2022-06-02; 2022-06-03; 2022-09-19; 2023-05-08',
	 'England and Wales from 1978 on: bank holidays of the Banking and Financial Dealings Act 1971 and by proclamation, with the days in lieu', true),
	('belgium', 'sat sun; 01-01; easter+1; 05-01; easter+39; easter+50; 07-21; 08-15; 11-01; 11-11; 12-25',
	 'Belgium: the ten legal holidays of the royal decree of 18 April 1974', true),
	('netherlands', 'sat sun; 01-01; easter-2; easter+1; 04-30 until 2013 if mon tue wed thu fri sat; 04-29 until 2013 if sat; 04-27 from 2014 if mon tue wed thu fri sat; 04-26 from 2014 if sat; 05-05; easter+39; easter+50; 12-25; 12-26',
	 'Netherlands: the days of article 3 of the Algemene termijnenwet, with the official birthday of the monarch since 1980 and Good Friday, which it treats alike', true);

CREATE FUNCTION dunning.holiday_calendar(name text) RETURNS dunning.calendar
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	found dunning.calendar;
BEGIN
	SELECT c.calendar INTO found FROM dunning.holiday_calendar AS c WHERE c.name = holiday_calendar.name;
	IF found IS NULL THEN
		RAISE EXCEPTION 'calendar "%" does not exist', name
			USING ERRCODE = 'undefined_object',
				HINT = format('Calendars are %s; others can be inserted into dunning.holiday_calendar.',
					(SELECT string_agg(c.name, ', ' ORDER BY c.name COLLATE "C") FROM dunning.holiday_calendar AS c));
	END IF;
	RETURN found;
END
$$;
COMMENT ON FUNCTION dunning.holiday_calendar IS 'The calendar of this name in dunning.holiday_calendar; error 42704 if there is none';
