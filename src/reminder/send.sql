-- Sending: what may go out, and what becomes of a reminder.

-- What may be sent now.  The pending reminders were right when they were raised
-- and are looked at again by each run; what happened since is seen here.  A
-- condition and no join, so that FOR UPDATE locks the reminders alone.
DO $$
BEGIN
	EXECUTE pg_catalog.format($view$
	CREATE VIEW dunning.to_send WITH (security_invoker = true) AS
	SELECT r.reminder, r.run, r.ledger, r.item, r.part, r.step, r.level, r.occurrence, r.raised_on, r.state, r.channel, r.label, r.manual, r.fee, r.fee_currency,
		r.customer, r.customer_name, r.email, r.phone, r.language, r.company, r.currency, r.reference,
		r.due_on, r.days_past_due, r.open_amount, r.held_amount, r.late_interest, r.compensation, r.compensation_currency, r.late_fee, r.raised_at, r.approved_at, r.approved_by
	FROM dunning.reminder AS r
	WHERE r.state = 'pending'
		AND EXISTS (SELECT FROM dunning.open_items(_dunning.real_day()) AS o
			JOIN dunning.ledger AS l ON l.ledger = o.ledger
			JOIN dunning.procedure AS p ON p.name = coalesce(o.procedure, l.procedure)
			WHERE o.ledger = r.ledger AND o.item = r.item AND o.part = r.part
				AND o.open_amount > 0 AND o.open_amount = r.open_amount AND o.due_on = r.due_on
				AND o.disputed IS NOT TRUE AND o.held IS NOT TRUE AND (o.matures_on >= _dunning.real_day()) IS NOT TRUE AND o.dunnable IS NOT FALSE
				AND o.customer IS NOT DISTINCT FROM r.customer AND o.currency IS NOT DISTINCT FROM r.currency
				AND o.email IS NOT DISTINCT FROM r.email AND o.phone IS NOT DISTINCT FROM r.phone
				AND o.language IS NOT DISTINCT FROM r.language
				AND %1$s = r.held_amount
				AND _dunning.state_of_step(p.procedure, r.step, r.channel, o.due_on, _dunning.real_day(), %2$s, o.open_amount - r.held_amount, o.currency, r.raised_on,
					r.occurrence, o.rejects) = 'due')
	$view$, _dunning.held_amount_query('r.ledger', 'r.item', 'r.part', '_dunning.real_day()', manual => 'r.manual'), _dunning.holds_query('r.ledger', 'r.item', 'r.part', 'o.customer'));
END
$$;
COMMENT ON VIEW dunning.to_send IS
	'The pending reminders that may go out on the real day: their item can be read and is open, nothing holds it, its procedure has the step, and it has the due date, open amount, held amount, customer and address that the reminder says. The next run withdraws the others, and raises anew what is due';
DO $$
DECLARE
	a record;
BEGIN
	FOR a IN
		SELECT v.attname, pg_catalog.col_description('dunning.reminder'::pg_catalog.regclass, t.attnum) AS comment
		FROM pg_catalog.pg_attribute AS v
		JOIN pg_catalog.pg_attribute AS t ON t.attrelid = 'dunning.reminder'::pg_catalog.regclass AND t.attname = v.attname
		WHERE v.attrelid = 'dunning.to_send'::pg_catalog.regclass AND v.attnum > 0
	LOOP
		EXECUTE pg_catalog.format('COMMENT ON COLUMN dunning.to_send.%I IS %L', a.attname, a.comment);
	END LOOP;
END
$$;

-- The real date, never that of dunning.today.
CREATE FUNCTION _dunning.reminder_day(r dunning.reminder, on_day date, what text) RETURNS date
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF on_day IS NULL THEN
		RETURN greatest(_dunning.real_day(), r.raised_on);
	ELSIF NOT isfinite(on_day) OR on_day < r.raised_on OR on_day > _dunning.real_day() THEN
		RAISE EXCEPTION 'reminder % cannot have been % on %', r.reminder, what, coalesce(to_char(on_day, 'YYYY-MM-DD'), on_day::text)
			USING ERRCODE = 'invalid_parameter_value',
				DETAIL = format('It was raised on %s, and today is %s.', to_char(r.raised_on, 'YYYY-MM-DD'), to_char(_dunning.real_day(), 'YYYY-MM-DD')),
				HINT = 'What follows counts from that day, such as the wait before the next reminder.';
	END IF;
	RETURN on_day;
END
$$;
COMMENT ON FUNCTION _dunning.reminder_day(dunning.reminder, date, text) IS
	'The day on which something became of a reminder: the given one, or the real day; error 22023 for a day before it was raised or to come';

CREATE FUNCTION dunning.mark_reminder_sent(reminder bigint, sent_on date DEFAULT NULL) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	r dunning.reminder;
BEGIN
	SELECT f.* INTO r FROM dunning.reminder AS f WHERE f.reminder = mark_reminder_sent.reminder FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'reminder % does not exist', mark_reminder_sent.reminder USING ERRCODE = 'no_data_found';
	END IF;
	IF r.state IN ('cancelled', 'skipped') THEN
		RAISE EXCEPTION 'reminder % is %', mark_reminder_sent.reminder, r.state
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = format('Reason: %s.', coalesce(r.reason, 'none given')),
				HINT = 'Send only what is pending.';
	END IF;
	IF r.state = 'sent' THEN
		RETURN false;
	END IF;
	UPDATE dunning.reminder AS f
	SET state = 'sent', sent_on = _dunning.reminder_day(r, mark_reminder_sent.sent_on, 'sent'), sent_at = now()
	WHERE f.reminder = mark_reminder_sent.reminder;
	RETURN true;
END
$$;
COMMENT ON FUNCTION dunning.mark_reminder_sent(bigint, date) IS
	'Marks a pending reminder as sent, on the real day (the date now in dunning.time_zone) or on a day; false if it was sent already; error 55000 if it is cancelled or skipped, 22023 for a day before it was raised or to come, P0002 if it does not exist';

CREATE FUNCTION dunning.skip_reminder(reminder bigint, reason text, on_day date DEFAULT NULL) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	r dunning.reminder;
BEGIN
	IF coalesce(trim(skip_reminder.reason), '') = '' THEN
		RAISE EXCEPTION 'a reason is needed to skip a reminder' USING ERRCODE = 'invalid_parameter_value',
			HINT = 'The history of an item has to say why a step counts that was not sent.';
	END IF;
	SELECT f.* INTO r FROM dunning.reminder AS f WHERE f.reminder = skip_reminder.reminder FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'reminder % does not exist', skip_reminder.reminder USING ERRCODE = 'no_data_found';
	END IF;
	IF r.state IN ('cancelled', 'sent') THEN
		RAISE EXCEPTION 'reminder % is %', skip_reminder.reminder, r.state
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = CASE r.state WHEN 'sent' THEN format('It was sent on %s.', to_char(r.sent_on, 'YYYY-MM-DD'))
					ELSE format('Reason: %s.', coalesce(r.reason, 'none given')) END,
				HINT = 'Skip only what is pending.';
	END IF;
	IF r.state = 'skipped' THEN
		RETURN false;
	END IF;
	UPDATE dunning.reminder AS f
	SET state = 'skipped', skipped_on = _dunning.reminder_day(r, on_day, 'skipped'), skipped_at = now(), reason = trim(skip_reminder.reason)
	WHERE f.reminder = skip_reminder.reminder;
	RETURN true;
END
$$;
COMMENT ON FUNCTION dunning.skip_reminder(bigint, text, date) IS
	'Passes over a pending reminder that is not to be sent: its step counts as if it had been sent on the real day, or on a day, and costs no fee; false if it was skipped already; error 22023 without a reason, or for a day before it was raised or to come, 55000 if it is sent or cancelled, P0002 if it does not exist';

CREATE FUNCTION dunning.cancel_reminder(reminder bigint, reason text, on_day date DEFAULT NULL) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	r dunning.reminder;
BEGIN
	IF coalesce(trim(cancel_reminder.reason), '') = '' THEN
		RAISE EXCEPTION 'a reason is needed to cancel a reminder' USING ERRCODE = 'invalid_parameter_value',
			HINT = 'The history of an item has to say why a reminder does not count.';
	END IF;
	SELECT f.* INTO r FROM dunning.reminder AS f WHERE f.reminder = cancel_reminder.reminder FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'reminder % does not exist', cancel_reminder.reminder USING ERRCODE = 'no_data_found';
	END IF;
	IF r.state = 'cancelled' THEN
		RETURN false;
	END IF;
	UPDATE dunning.reminder AS f
	SET state = 'cancelled', cancelled_on = _dunning.reminder_day(r, on_day, 'cancelled'), cancelled_at = now(), reason = trim(cancel_reminder.reason)
	WHERE f.reminder = cancel_reminder.reminder;
	-- whoever says "sent" may mean that the step is done
	IF r.state = 'pending' AND cancel_reminder.reason ~* '\m(sent|envoy|expédi|verschickt|versandt|gesendet|versendet|verzonden|verstuurd|enviad|inviat|spedit)' THEN
		RAISE WARNING 'reminder % is cancelled, so that its step does not count and is raised again', cancel_reminder.reminder
			USING HINT = format('If it was sent, roll back and SELECT dunning.mark_reminder_sent(%1$s); if the step is to count unsent, SELECT dunning.skip_reminder(%1$s, ...).', cancel_reminder.reminder);
	END IF;
	RETURN true;
END
$$;
COMMENT ON FUNCTION dunning.cancel_reminder(bigint, text, date) IS
	'Cancels a reminder, pending, sent or skipped, from the real day or from a day on, so that its step does not count and is raised again when it is due: what was sent by hand is for dunning.mark_reminder_sent, a step that is not to be sent for dunning.skip_reminder; false if it was cancelled already; error 22023 without a reason, or for a day before it was raised or to come, P0002 if it does not exist';
