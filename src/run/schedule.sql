-- The nightly job, through pg_cron.

CREATE FUNCTION _dunning.cron_schema() RETURNS name
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	place text := current_setting('cron.database_name', true);
BEGIN
	-- pg_cron keeps its functions in a schema of its own, whatever its control file says
	IF EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = 'pg_cron') THEN
		RETURN 'cron';
	END IF;
	RAISE EXCEPTION 'pg_cron is not installed in this database'
		USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = CASE
				WHEN place IS NULL THEN 'Add pg_cron to shared_preload_libraries and this database as cron.database_name, restart the server, and CREATE EXTENSION pg_cron; or call "CALL dunning.run()" from another scheduler.'
				WHEN place <> current_database() THEN format('pg_cron works in the database "%s": there, SELECT cron.schedule_in_database(''dunning run'', ''0 6 * * 1-5'', ''CALL dunning.run()'', ''%s'').', place, current_database())
				ELSE 'CREATE EXTENSION pg_cron; its library is loaded already.' END;
END
$$;
COMMENT ON FUNCTION _dunning.cron_schema() IS 'The schema of pg_cron; error 55000 with what to do if it is not installed here';

CREATE FUNCTION dunning.schedule_run(cron text DEFAULT '0 6 * * 1-5') RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	job bigint;
BEGIN
	EXECUTE format('SELECT %I.schedule(''dunning run'', $1, ''CALL dunning.run()'')', _dunning.cron_schema())
		INTO job USING schedule_run.cron;
	RETURN job;
END
$$;
COMMENT ON FUNCTION dunning.schedule_run(text) IS
	'Has pg_cron call dunning.run() at these times (default: 6 o''clock UTC on working days, by pg_cron''s clock); a second call changes the times; returns the job''s number; error 55000 without pg_cron';

CREATE FUNCTION dunning.unschedule_run() RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	schema CONSTANT name := _dunning.cron_schema();
	job bigint;
	found_any boolean := false;
BEGIN
	FOR job IN EXECUTE format('SELECT j.jobid FROM %I.job AS j WHERE j.jobname = ''dunning run'' AND j.database = current_database()', schema)
	LOOP
		EXECUTE format('SELECT %I.unschedule($1)', schema) USING job;
		found_any := true;
	END LOOP;
	RETURN found_any;
END
$$;
COMMENT ON FUNCTION dunning.unschedule_run() IS
	'Takes the scheduled run back; false if none was scheduled; error 55000 without pg_cron';
