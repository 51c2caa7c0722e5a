-- Taking back what a run wrote and nobody sent.

CREATE FUNCTION dunning.undo_run(run bigint) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	g dunning.run_log;
	free bigint[];
	n integer;
BEGIN
	PERFORM _dunning.need_all_facts();
	SELECT l.* INTO g FROM dunning.run_log AS l WHERE l.run = undo_run.run;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'run % does not exist', undo_run.run
			USING ERRCODE = 'no_data_found', HINT = 'SELECT * FROM dunning.run_log WHERE kind = ''reminders'' lists the runs.';
	END IF;
	IF g.kind = 'claims' THEN
		RAISE EXCEPTION 'run % booked claims, and raised no reminders', undo_run.run
			USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('DELETE FROM dunning.claim WHERE run = %s takes its bookings back, as long as none were booked after them.', undo_run.run);
	END IF;
	IF EXISTS (SELECT FROM dunning.run_holder() AS h WHERE h.run = undo_run.run) THEN
		RAISE EXCEPTION 'run % is working', undo_run.run
			USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Wait for its end, or cancel it: SELECT pg_cancel_backend(pid) FROM dunning.run_holder().';
	END IF;
	free := _dunning.lock_pending(ARRAY(SELECT r.reminder FROM dunning.reminder AS r WHERE r.run = undo_run.run AND r.state = 'pending'));
	UPDATE dunning.reminder AS r
	SET state = 'cancelled', cancelled_on = r.raised_on, cancelled_at = now(), reason = format('run %s was undone by %s', undo_run.run, session_user)
	WHERE r.reminder = ANY (free);
	GET DIAGNOSTICS n = ROW_COUNT;
	UPDATE dunning.run_log AS l SET note = format('undone by %s: %s reminder(s) taken back', session_user, n) WHERE l.run = undo_run.run AND n > 0;
	RETURN n;
END
$$;
COMMENT ON FUNCTION dunning.undo_run(bigint) IS
	'Takes back the reminders of a run that are still pending, and returns their number. What was sent, skipped, withdrawn or locked stays, and what a sender has in hand. The next run raises again what is due then. Error 55000 for a run that is working, and for one that booked claims';
