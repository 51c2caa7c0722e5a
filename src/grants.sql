
-- Whatever can change something is for those to whom the DBA grants it.
DO $$
DECLARE
	f regprocedure;
BEGIN
	FOR f IN
		SELECT p.oid FROM pg_catalog.pg_proc AS p
		WHERE p.pronamespace IN ('dunning'::pg_catalog.regnamespace, '_dunning'::pg_catalog.regnamespace) AND p.provolatile = 'v'
	LOOP
		EXECUTE pg_catalog.format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', f);
	END LOOP;
END
$$;

-- These write nothing but the row at hand, of a table whose owner attaches them.
GRANT EXECUTE ON FUNCTION dunning.set_due_date(), dunning.set_status() TO PUBLIC;

-- The law, its rates and the calendars are public, and functions for everybody read them.
GRANT SELECT ON dunning.currency, dunning.country, dunning.holiday_calendar, dunning.jurisdiction, dunning.reference_series,
	dunning.reference_rate, dunning.mention TO PUBLIC;

-- Who reads the customers of a ledger reads who pays for them.
GRANT SELECT ON _dunning.party TO PUBLIC;
