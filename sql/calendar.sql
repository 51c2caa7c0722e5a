-- Calendars of business days: texts, named calendars, shifts and counted days.
\set SHOW_CONTEXT never
SET search_path = public;
SET datestyle = 'ISO, YMD';
\pset null '(null)'

CREATE FUNCTION fails(literal text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text;
BEGIN
	message := literal::dunning.calendar::text;
	RETURN 'accepted as ' || message;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN state || ' ' || regexp_replace(message, ': ".*', '') || '. ' || detail;
END $$;

-- 1. texts and their canonical form: sorted, without doubles
SELECT literal, literal::dunning.calendar::text AS canonical
FROM (VALUES ('sat sun'), (' SUN Sat '), ('fri; sat'), ('no weekend'), ('12-25'), ('12-25; 01-01; 12-25; sat sun'), ('easter'), ('Easter +1;easter -2'),
	('mon >= 05-01; mon<=05-31'), ('05-08 from 1982'), ('04-30 until 2013 from 1980 if mon tue'), ('12-27 if mon tue wed thu fri sat sun'),
	('2026-05-15; open 2026-05-16; 0001-01-01'), ('02-29'), ('open sat>=12-01'), ('sat sun; 2026-01-02; 01-02')) AS v (literal);
SELECT n, literal, fails(literal)
FROM (VALUES (1, ''), (2, 'christmas'), (3, 'sat sun mon tue wed thu fri'), (4, 'sat sun;'), (5, '13-01'), (6, '02-30'), (7, '2-3'), (8, '2026-02-29'), (9, '12-255'),
	(10, 'easter+101'), (11, 'easter+'), (12, 'easter 1'), (13, 'mon>05-01'), (14, 'open'), (15, 'open sat sun'), (16, '12-25 from 0'), (17, '12-25 until 10000'),
	(18, '12-25 from 2000 from 2001'), (19, '12-25 from 2001 until 2000'), (20, '12-25 if'), (21, '12-25 if mon if tue'), (22, 'no holidays'), (23, '12-25, 12-26'),
	(24, 'sat sun; été'), (25, 'open open 12-25')) AS v (n, literal) ORDER BY n;
SELECT fails(string_agg(to_char('2000-01-01'::timestamp + i * interval '1 day', 'YYYY-MM-DD'), ';')) LIKE 'accepted%' AS at_the_limit FROM generate_series(1, 2000) AS i;
SELECT fails(string_agg(to_char('2000-01-01'::timestamp + i * interval '1 day', 'YYYY-MM-DD'), ';')) AS beyond FROM generate_series(1, 2001) AS i;

-- 2. equality, hashing, binary
SELECT 'sat sun; 12-25; easter+1'::dunning.calendar = 'easter+1;12-25' AS same, '12-25'::dunning.calendar <> '12-26' AS other, 'sat sun'::dunning.calendar = 'sun' AS weekend;
CREATE TABLE calendars (c dunning.calendar);
INSERT INTO calendars SELECT c.calendar FROM dunning.holiday_calendar AS c;
INSERT INTO calendars
SELECT (CASE i % 3 WHEN 0 THEN 'fri' WHEN 1 THEN 'no weekend' ELSE 'sat sun' END || (SELECT string_agg('; ' || CASE k % 4 WHEN 0 THEN '0' || 1 + k % 9 || '-1' || i % 10
		WHEN 1 THEN 'easter+' || k + i % 10 WHEN 2 THEN 'open 20' || 10 + k || '-05-' || 10 + i % 20 ELSE 'tue<=1' || k % 3 || '-0' || 1 + i % 9 || ' from ' || 1900 + i END, '')
	FROM generate_series(0, i % 40) AS k))::dunning.calendar
FROM generate_series(1, 100) AS i;
SELECT count(*), count(*) FILTER (WHERE c::text::dunning.calendar <> c) AS not_read_back, count(DISTINCT c::text) = (SELECT count(*) FROM (SELECT c FROM calendars GROUP BY c) AS g) AS hashed FROM calendars;
\copy calendars TO PROGRAM 'cat > "$PG_ABS_BUILDDIR/results/calendars.bin"' (FORMAT binary)
CREATE TABLE calendars_back (LIKE calendars);
\copy calendars_back FROM PROGRAM 'cat "$PG_ABS_BUILDDIR/results/calendars.bin"' (FORMAT binary)
SELECT count(*) AS lost FROM (SELECT c FROM calendars EXCEPT ALL SELECT c FROM calendars_back) AS x;
SELECT encode(_dunning.calendar_send('sat sun; 12-25'), 'hex') AS sent;
SELECT dunning.make_calendar('fri sat', ARRAY['2026-12-31', NULL, '2026-01-02']::date[]) AS made, dunning.make_calendar('no weekend', '{}') AS bare;

SELECT dunning.holidays('12-25; easter+1', 2026) AS listed;

-- 3. Easter, as the almanacs have it
SELECT y, dunning.easter(y) FROM unnest(ARRAY[1583, 1818, 1943, 1954, 1981, 2000, 2008, 2011, 2019, 2024, 2025, 2026, 2027, 2038, 2049, 2285, 9999]) AS y;
\set VERBOSITY sqlstate
SELECT dunning.easter(1582);
SELECT dunning.easter(10000);
SELECT * FROM dunning.holidays('12-25', 0);
\set VERBOSITY default
SELECT dunning.easter(1582);

-- 4. the named calendars beside published lists of holidays
CREATE VIEW named AS
SELECT c.name, y.year, string_agg(to_char(h.day, 'DD/MM'), ' ' ORDER BY h.day) AS holidays
FROM dunning.holiday_calendar AS c CROSS JOIN generate_series(1999, 2030) AS y (year) CROSS JOIN LATERAL dunning.holidays(c.calendar, y.year) AS h (day)
GROUP BY c.name, y.year;
SELECT p.name, p.year, p.holidays AS published, n.holidays AS computed
FROM (VALUES ('france', 2026, '01/01 06/04 01/05 08/05 14/05 25/05 14/07 15/08 01/11 11/11 25/12'),
	('france', 2024, '01/01 01/04 01/05 08/05 09/05 20/05 14/07 15/08 01/11 11/11 25/12'),
	('france', 2008, '01/01 24/03 01/05 08/05 12/05 14/07 15/08 01/11 11/11 25/12'),
	('target', 2026, '01/01 03/04 06/04 01/05 25/12 26/12'), ('target', 2001, '01/01 13/04 16/04 01/05 25/12 26/12 31/12'), ('target', 1999, '01/01 25/12 31/12'),
	('germany', 2025, '01/01 18/04 21/04 01/05 29/05 09/06 03/10 25/12 26/12'), ('germany', 2017, '01/01 14/04 17/04 01/05 25/05 05/06 03/10 31/10 25/12 26/12'),
	('belgium', 2025, '01/01 21/04 01/05 29/05 09/06 21/07 15/08 01/11 11/11 25/12'),
	('netherlands', 2025, '01/01 18/04 21/04 26/04 05/05 29/05 09/06 25/12 26/12'), ('netherlands', 2012, '01/01 06/04 09/04 30/04 05/05 17/05 28/05 25/12 26/12')) AS p (name, year, holidays)
LEFT JOIN named AS n USING (name, year)
WHERE p.holidays IS DISTINCT FROM n.holidays;
-- the United Kingdom publishes the days on which banks are closed, those in lieu and not those in a weekend
SELECT p.year, p.holidays AS published, c.computed
FROM (VALUES (2012, '02/01 06/04 09/04 07/05 04/06 05/06 27/08 25/12 26/12'), (2015, '01/01 03/04 06/04 04/05 25/05 31/08 25/12 28/12'),
	(2016, '01/01 25/03 28/03 02/05 30/05 29/08 26/12 27/12'), (2020, '01/01 10/04 13/04 08/05 25/05 31/08 25/12 28/12'),
	(2021, '01/01 02/04 05/04 03/05 31/05 30/08 27/12 28/12'), (2022, '03/01 15/04 18/04 02/05 02/06 03/06 29/08 19/09 26/12 27/12'),
	(2023, '02/01 07/04 10/04 01/05 08/05 29/05 28/08 25/12 26/12'), (2026, '01/01 03/04 06/04 04/05 25/05 31/08 25/12 28/12')) AS p (year, holidays)
CROSS JOIN LATERAL (SELECT string_agg(to_char(d, 'DD/MM'), ' ' ORDER BY d) AS computed
	FROM generate_series(make_timestamp(p.year, 1, 1, 0, 0, 0), make_timestamp(p.year, 12, 31, 0, 0, 0), interval '1 day') AS d
	WHERE extract(isodow FROM d) < 6 AND NOT dunning.is_business_day(d::date, dunning.holiday_calendar('united kingdom'))) AS c
WHERE c.computed IS DISTINCT FROM p.holidays;
SELECT count(*) FROM named;
SELECT name, shipped FROM dunning.holiday_calendar ORDER BY name COLLATE "C";

-- 5. business days, shifts
SELECT d, dunning.is_business_day(d) AS plain, dunning.is_business_day(d, dunning.holiday_calendar('france')) AS france, dunning.is_business_day(d, 'fri sat; open 2026-05-01') AS other
FROM (VALUES ('2026-04-30'::date), ('2026-05-01'), ('2026-05-02'), ('2026-05-03'), ('2026-05-08'), ('2026-05-11')) AS v (d);
SELECT n, dunning.add_business_days('2026-04-30', n, dunning.holiday_calendar('france')) FROM (VALUES (0), (1), (5), (6), (-1), (-20), (250)) AS v (n);
SELECT d, s AS shift, dunning.to_business_day(d, 'sat sun; 2026-06-01; 2026-05-29', s)
FROM (VALUES ('2026-05-28'::date), ('2026-05-29'), ('2026-05-30'), ('2026-06-01')) AS v (d), (VALUES (1, 'none'), (2, 'following'), (3, 'preceding'), (4, 'modified following')) AS w (k, s) ORDER BY d, k;
SELECT dunning.to_business_day('2026-05-30') AS defaults, dunning.add_business_days('infinity', 3) AS never, dunning.to_business_day('-infinity') AS ever,
	dunning.is_business_day(NULL) AS no_day, dunning.add_business_days('2026-05-30', 1, NULL) AS no_calendar, dunning.holiday_calendar(NULL) AS no_name;
\set SHOW_CONTEXT never
SELECT dunning.holiday_calendar('atlantis');
\set SHOW_CONTEXT errors
\set VERBOSITY sqlstate
SELECT dunning.is_business_day('infinity');
SELECT dunning.add_business_days('2026-05-30', 36501);
SELECT dunning.add_business_days('5874897-12-31', 1);
SELECT dunning.to_business_day('2026-05-30', 'sat sun', 'later');
SELECT dunning.to_business_day('2026-01-01', (SELECT string_agg(to_char('2026-01-01'::timestamp + i * interval '1 day', 'YYYY-MM-DD'), ';') FROM generate_series(0, 400) AS i)::dunning.calendar);
\set VERBOSITY default
SELECT dunning.to_business_day('2026-05-30', 'sat sun', 'later');
SELECT dunning.add_business_days('2026-05-30', -36501);
SELECT dunning.is_business_day('-infinity');

-- 6. calendars of one's own stand beside the shipped ones, which stay as they are
INSERT INTO dunning.holiday_calendar (name, calendar, description)
	SELECT 'alsace', (calendar::text || '; easter-2; 12-26')::dunning.calendar, 'France with the two days of Alsace-Moselle'
	FROM dunning.holiday_calendar WHERE name = 'france';
SELECT string_agg(to_char(h, 'DD/MM'), ' ' ORDER BY h) AS alsace FROM dunning.holidays(dunning.holiday_calendar('alsace'), 2026) AS h;
DELETE FROM dunning.holiday_calendar WHERE name = 'alsace';
\set VERBOSITY sqlstate
UPDATE dunning.holiday_calendar SET calendar = 'sat sun' WHERE name = 'france';
DELETE FROM dunning.holiday_calendar WHERE name = 'france';
\set VERBOSITY default

DROP VIEW named;
DROP TABLE calendars, calendars_back;
DROP FUNCTION fails;
