-- The nightly job, through pg_cron.

-- pg_cron's settings are hidden from ordinary roles, which is no error here.
CREATE FUNCTION _dunning.cron_setting(name text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT nullif(s.setting, '') FROM pg_settings AS s WHERE s.name = 'cron.' || cron_setting.name);
COMMENT ON FUNCTION _dunning.cron_setting(text) IS 'A setting of pg_cron; NULL if its library is not loaded or the current user may not read it';

CREATE FUNCTION _dunning.cron_schema() RETURNS name
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	place CONSTANT text := _dunning.cron_setting('database_name');
BEGIN
	-- pg_cron keeps its functions in a schema of its own, whatever its control file says
	IF EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = 'pg_cron') THEN
		RETURN 'cron';
	END IF;
	RAISE EXCEPTION 'pg_cron is not installed in this database'
		USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = CASE
				WHEN place IS NULL THEN 'Add pg_cron to shared_preload_libraries and this database as cron.database_name, restart the server, and CREATE EXTENSION pg_cron; or call "CALL dunning.run()" from another scheduler.'
				WHEN place <> current_database() THEN format('pg_cron works in the database "%s": there, SELECT cron.schedule_in_database(''dunning run'', ''0 6 * * 1-5'', ''CALL dunning.run()'', ''%s''), as a superuser; the times are in the time zone cron.timezone (%s).', place, current_database(),
					coalesce(_dunning.cron_setting('timezone'), 'GMT'))
				ELSE 'CREATE EXTENSION pg_cron; its library is loaded already.' END;
END
$$;
COMMENT ON FUNCTION _dunning.cron_schema() IS 'The schema of pg_cron; error 55000 with what to do if it is not installed here';

CREATE FUNCTION dunning.schedule_run(cron text DEFAULT '0 6 * * 1-5', claims boolean DEFAULT false)
	RETURNS TABLE (job bigint, command text, cron_times text, timezone text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	schema CONSTANT name := _dunning.cron_schema();
	old bigint;
BEGIN
	-- the clock of pg_cron, which is not that of the session; older ones have only GMT
	timezone := coalesce(_dunning.cron_setting('timezone'), CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN 'GMT' END);
	cron_times := schedule_run.cron;
	command := 'CALL dunning.run()';
	EXECUTE format('SELECT %I.schedule(''dunning run'', $1, $2)', schema) INTO job USING cron_times, command;
	RETURN NEXT;
	command := 'SELECT FROM dunning.refresh_reports()';
	EXECUTE format('SELECT %I.schedule(''dunning reports'', $1, $2)', schema) INTO job USING cron_times, command;
	RETURN NEXT;
	IF claims THEN
		command := 'SELECT FROM dunning.claim_penalties()';
		EXECUTE format('SELECT %I.schedule(''dunning claims'', $1, $2)', schema) INTO job USING cron_times, command;
		RETURN NEXT;
	ELSE
		FOR old IN EXECUTE format('SELECT j.jobid FROM %I.job AS j WHERE j.jobname = ''dunning claims'' AND j.database = current_database() AND j.username = current_user', schema) LOOP
			EXECUTE format('SELECT %I.unschedule($1)', schema) USING old;
		END LOOP;
	END IF;
EXCEPTION
	WHEN insufficient_privilege THEN
		RAISE EXCEPTION '%', SQLERRM USING ERRCODE = 'insufficient_privilege',
			HINT = format('No superuser is needed: GRANT USAGE ON SCHEMA cron TO %I. The job runs as the role that schedules it.', current_user);
END
$$;
COMMENT ON FUNCTION dunning.schedule_run(text, boolean) IS
	'Has pg_cron call dunning.run() and dunning.refresh_reports(), and with claims also dunning.claim_penalties(), at these times: a row for each job. The times are in cron.timezone. A second call changes the times, and without claims removes the job of the claims. Error 55000 without pg_cron';

CREATE FUNCTION dunning.unschedule_run() RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	schema CONSTANT name := _dunning.cron_schema();
	job bigint;
	found_any boolean := false;
BEGIN
	FOR job IN EXECUTE format('SELECT j.jobid FROM %I.job AS j WHERE j.jobname IN (''dunning run'', ''dunning reports'', ''dunning claims'') AND j.database = current_database()', schema)
	LOOP
		EXECUTE format('SELECT %I.unschedule($1)', schema) USING job;
		found_any := true;
	END LOOP;
	RETURN found_any;
END
$$;
COMMENT ON FUNCTION dunning.unschedule_run() IS
	'Takes the jobs of the run, of the reports and of the claims back, those of all roles that the current user sees; false if there was none; call it before DROP EXTENSION, which leaves the jobs of pg_cron; error 55000 without pg_cron';
