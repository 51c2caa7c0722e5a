-- One run at a time, and who has the lock.

CREATE FUNCTION _dunning.run_lock() RETURNS boolean
	LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'dunning_run_lock';
COMMENT ON FUNCTION _dunning.run_lock() IS
	'Takes the lock of the dunning run for the session; false if another session has it, or this one. An error lets it go';
CREATE FUNCTION _dunning.run_unlock(until_end boolean DEFAULT false) RETURNS void
	LANGUAGE c STRICT VOLATILE AS 'MODULE_PATHNAME', 'dunning_run_unlock';
COMMENT ON FUNCTION _dunning.run_unlock(boolean) IS 'Lets the lock of the dunning run go: at once, or when the transaction ends';

-- Who has the lock of lock.c.
CREATE FUNCTION dunning.run_holder(kind text DEFAULT 'reminders')
	RETURNS TABLE (run bigint, role name, pid integer, since timestamptz)
	LANGUAGE sql STABLE PARALLEL RESTRICTED
	BEGIN ATOMIC
		SELECT g.run, a.usename, l.pid, coalesce(g.started_at, a.xact_start)
		FROM pg_catalog.pg_locks AS l
		LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
		LEFT JOIN LATERAL (SELECT r.run, r.started_at FROM dunning.run_log AS r
			WHERE r.pid = l.pid AND r.kind = run_holder.kind AND r.finished_at IS NULL
			ORDER BY r.run DESC LIMIT 1) AS g ON true
		WHERE l.locktype = 'userlock' AND l.classid = 1685417582 AND l.granted
			AND l.objid::bigint = CASE run_holder.kind WHEN 'claims' THEN 2 ELSE 1 END
			AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database());
	END;
COMMENT ON FUNCTION dunning.run_holder(text) IS
	'The run that is working now, or the booking of claims: its number (NULL as long as its transaction has not committed it), its role and server process, and since when; no row if none is working. Since when a transaction of another role works is only shown to members of pg_read_all_stats';
