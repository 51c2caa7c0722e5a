-- Manual steps: a person approves what is to go out, or rejects it.

CREATE FUNCTION _dunning.decide_reminder(reminder bigint, verb text) RETURNS dunning.reminder
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	r dunning.reminder;
BEGIN
	SELECT f.* INTO r FROM dunning.reminder AS f WHERE f.reminder = decide_reminder.reminder FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'reminder % does not exist', decide_reminder.reminder USING ERRCODE = 'no_data_found';
	END IF;
	IF NOT r.manual THEN
		RAISE EXCEPTION 'reminder % is not manual', decide_reminder.reminder
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Its step is sent without anybody''s approval.',
				HINT = format('To keep it from being sent: SELECT dunning.skip_reminder(%s, ...).', decide_reminder.reminder);
	END IF;
	IF r.state <> 'pending' THEN
		RAISE EXCEPTION 'reminder % is %', decide_reminder.reminder, r.state
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('Reason: %s.', coalesce(r.reason, 'none given')),
				HINT = format('Only a pending reminder can be %s.', verb);
	END IF;
	RETURN r;
END
$$;
COMMENT ON FUNCTION _dunning.decide_reminder(bigint, text) IS 'A pending manual reminder, locked; error P0002 if it does not exist, 55000 if it is not manual or not pending';

CREATE FUNCTION dunning.approve_reminder(reminder bigint) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	r CONSTANT dunning.reminder := _dunning.decide_reminder(reminder, 'approved');
BEGIN
	IF r.approved_at IS NOT NULL THEN
		RETURN false;
	END IF;
	UPDATE dunning.reminder AS f SET approved_at = now(), approved_by = session_user WHERE f.reminder = approve_reminder.reminder;
	RETURN true;
END
$$;
COMMENT ON FUNCTION dunning.approve_reminder(bigint) IS
	'Notes that a person approved a pending manual reminder, who and when, in approved_at and approved_by; false if it was approved already; error P0002 if it does not exist, 55000 if it is not manual or not pending';

CREATE FUNCTION dunning.reject_reminder(reminder bigint, reason text) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	r CONSTANT dunning.reminder := _dunning.decide_reminder(reminder, 'rejected');
BEGIN
	RETURN dunning.skip_reminder(r.reminder, 'rejected by ' || session_user || ': ' || nullif(trim(reject_reminder.reason), ''));
END
$$;
COMMENT ON FUNCTION dunning.reject_reminder(bigint, text) IS
	'Rejects a pending manual reminder: it is skipped, and its reason says who rejected it; error 22023 without a reason, P0002 if it does not exist, 55000 if it is not manual or not pending';
