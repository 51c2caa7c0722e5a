
-- Whatever can change something is for those to whom the DBA grants it.
DO $$
DECLARE
	f regprocedure;
BEGIN
	FOR f IN
		SELECT p.oid FROM pg_catalog.pg_proc AS p
		WHERE p.pronamespace = 'dunning'::pg_catalog.regnamespace AND p.provolatile = 'v'
	LOOP
		EXECUTE pg_catalog.format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', f);
	END LOOP;
END
$$;
