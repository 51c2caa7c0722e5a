-- Sending: what may go out, and what becomes of a reminder.

-- Whether a pending reminder is still right.  Nothing else says it: what may be
-- sent and what a run withdraws follow from it.  No subquery of its own, so that
-- a run can join it by hashing.
CREATE FUNCTION _dunning.faults_query(day text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN _dunning.fill($faults$
	JOIN dunning.ledger AS l ON l.ledger = p.ledger
	LEFT JOIN dunning.currency AS y ON y.code = i.currency
	LEFT JOIN (
		SELECT c.name, c.procedure, t.level, t.step, t.channel, t.label, t.manual FROM dunning.procedure AS c CROSS
			JOIN LATERAL dunning.steps(c.procedure) AS t
	) AS f ON f.name = <procedure> AND f.step = p.step AND f.channel = p.channel
	CROSS JOIN LATERAL (SELECT <held> AS amount) AS h
	CROSS JOIN LATERAL (
		SELECT _dunning.state_of_step(f.procedure, p.step, p.channel, i.due_on, <day>, <holds>, i.open_amount - h.amount, i.currency,
			p.raised_on, p.occurrence, i.rejects) AS state
	) AS s
	CROSS JOIN LATERAL (
		SELECT CASE
			WHEN i.open_amount <= 0 THEN 'no longer open'
			WHEN h.amount >= i.open_amount THEN 'held'
			WHEN i.dunnable IS FALSE THEN 'not to be dunned'
			WHEN i.disputed THEN 'in dispute'
			WHEN i.held THEN 'held in the ERP'
			WHEN i.matures_on >= <day> THEN 'its bill of exchange has not matured'
			WHEN i.open_amount IS NULL THEN NULL
			WHEN i.due_on IS NULL THEN 'the due date is missing'
			WHEN f.level IS NULL AND NOT EXISTS (SELECT FROM dunning.procedure AS c WHERE c.name = <procedure>)
				THEN format('dunning procedure "%s" does not exist', <procedure>)
			WHEN f.level IS NULL OR f.label IS DISTINCT FROM p.label THEN 'its step of the procedure was changed'
			WHEN i.due_on <> p.due_on THEN format('due on %s, not on %s', to_char(i.due_on, 'YYYY-MM-DD'), to_char(p.due_on, 'YYYY-MM-DD'))
			-- an item that is past due takes the step of another one
			WHEN s.state <> 'due' AND NOT (s.state = 'scheduled' AND p.by_customer AND i.due_on < <day>) THEN
				CASE s.state WHEN 'below_minimum' THEN 'below the minimum of its step' WHEN 'held' THEN 'held' WHEN 'handed_over' THEN 'handed over' WHEN 'scheduled' THEN 'its day is to come'
					ELSE CASE WHEN s.state = 'exhausted' AND p.step ^@ 'reject' THEN 'another rejection came after its own, or its own is gone'
						WHEN s.state = 'exhausted' AND p.step ^@ 'broken' THEN 'the customer promised again, or kept his promise after all' ELSE 'its day has passed' END END
			WHEN i.open_amount <> p.open_amount THEN format('%s is open, not %s', i.open_amount, p.open_amount)
			WHEN h.amount <> p.held_amount THEN format('%s is held, not %s', h.amount, p.held_amount)
			WHEN p.run IS NULL THEN NULL
			-- a notice goes out in the name of its company
			WHEN i.company IS DISTINCT FROM p.company THEN 'its company was changed'
			WHEN i.customer IS DISTINCT FROM p.customer OR i.payer IS DISTINCT FROM coalesce(p.payer, p.customer)
				OR i.currency IS DISTINCT FROM p.currency OR i.email IS DISTINCT FROM p.email
				OR i.phone IS DISTINCT FROM p.phone OR <language> IS DISTINCT FROM p.language THEN 'the customer or his address was changed'
			WHEN f.manual <> p.manual OR p.by_customer <> (_dunning.by_customer(f.procedure) AND NOT _dunning.of_event(p.step))
				OR NOT EXISTS (SELECT FROM _dunning.step_fee(f.procedure, f.level, i.open_amount - p.held_amount, i.currency,
				y.decimals) AS e
				WHERE e.fee IS NOT DISTINCT FROM p.fee AND e.fee_currency IS NOT DISTINCT FROM p.fee_currency) THEN 'its step of the procedure was changed'
		END AS fault
	) AS v
$faults$, VARIADIC ARRAY[
	'procedure', format('coalesce(%s, l.procedure)', _dunning.assigned_of('procedure', 'i', '<day>', 'i.procedure')),
	'language', _dunning.assigned_of('language', 'i', '<day>', 'i.language'),
	'held', _dunning.held_amount_query('p.ledger', 'p.item', 'p.part', '<day>', manual => 'p.manual'),
	'holds', _dunning.stops_query('p.ledger', 'p.item', 'p.part', 'i.customer'),
	'day', day]);
COMMENT ON FUNCTION _dunning.faults_query(text) IS
	'What follows a pending reminder (p) and its item (i) in a FROM clause and says why it is not right on a day, an SQL expression: v.fault, NULL if it is right, or if the open amount is missing. Of a reminder that no run raised the customer, his address and the fee may be others';

-- Reminders of items that were decided together: one of them is due by itself, and what is
-- asked for by all that are right is enough.
CREATE FUNCTION _dunning.customer_faults_query(items text, day text, pending text DEFAULT 'true') RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN _dunning.fill($faults$
	SELECT b.reminder, CASE WHEN NOT b.led THEN 'no item of the customer is due for its step any more'
			WHEN b.asked <= coalesce(t.credit, 0) THEN 'the customer has credits that are as high'
			WHEN _dunning.customer_below(b.procedure, b.level, b.asked - coalesce(t.credit, 0), t.owed - coalesce(t.credit, 0), b.currency)
				THEN 'below the minimum of its step' END AS fault
	FROM (
		SELECT p.reminder, p.ledger, i.payer, i.company, i.currency, f.procedure, f.level, bool_or(s.state = 'due') OVER step AS led,
			CASE (dunning.procedure_options(f.procedure)).customer_level WHEN 'each' THEN sum(i.open_amount - h.amount) OVER customer
				ELSE sum(i.open_amount - h.amount) OVER step END AS asked
		FROM dunning.reminder AS p
		JOIN <items> AS i ON i.ledger = p.ledger AND i.item = p.item AND i.part = p.part
		<faults>
		WHERE p.state = 'pending' AND p.by_customer AND p.raised_on <= <day> AND i.open_amount > 0 AND v.fault IS NULL AND <pending>
		WINDOW step AS (PARTITION BY p.ledger, i.payer, i.company, i.currency, f.name, p.step, p.channel),
			customer AS (PARTITION BY p.ledger, i.payer, i.company, i.currency, f.name)
	) AS b
	LEFT JOIN (
		SELECT i.ledger, i.payer, i.company, i.currency, sum(i.open_amount) FILTER (WHERE i.open_amount > 0) AS owed,
			- sum(i.open_amount) FILTER (WHERE i.open_amount < 0 AND <nets>) AS credit
		FROM <items> AS i WHERE i.dunnable IS NOT FALSE AND abs(i.open_amount) < 'Infinity' AND i.open_amount <> 0
		GROUP BY i.ledger, i.payer, i.company, i.currency
	) AS t ON t.ledger = b.ledger AND t.payer = b.payer AND t.company IS NOT DISTINCT FROM b.company
		AND t.currency IS NOT DISTINCT FROM b.currency
$faults$, VARIADIC ARRAY[
	'faults', _dunning.faults_query('<day>'),
	'nets', _dunning.netted_query('i.ledger', 'i.kind', 'i.open_amount'),
	'day', day,
	'pending', pending,
	'items', items]);
COMMENT ON FUNCTION _dunning.customer_faults_query(text, text, text) IS
	'The query of the pending reminders (p) of items that were decided together and are right by themselves on a day, an SQL expression, if they meet a condition, with why they are not right beside those of the other items; NULL if they are. items: what stands in a FROM clause for the items';

-- Who sees the items and not the payments would ask for what is paid.  Where policies
-- hide items, too, as those of a company do, he sees the payments of his items.
CREATE FUNCTION _dunning.withheld_ledgers() RETURNS name[]
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	me CONSTANT oid := _dunning.me();
	hidden name[];
BEGIN
	SELECT array_agg(l.ledger) INTO hidden FROM dunning.ledger AS l
	WHERE l.state = 'adopted'
		AND EXISTS (SELECT FROM _dunning.relations_read(array_remove(ARRAY[l.payments::oid, l.whole_payments::oid], NULL), me) AS r
			WHERE _dunning.hides_rows(r.relation, r.role))
		AND NOT EXISTS (SELECT FROM _dunning.relations_read(ARRAY[l.relation::oid], me) AS r WHERE _dunning.hides_rows(r.relation, r.role));
	RETURN _dunning.unreadable_ledgers() || hidden;
END
$$;
COMMENT ON FUNCTION _dunning.withheld_ledgers() IS
	'The adopted ledgers of which the current user may send nothing: those that cannot be read, and those of which row-level security hides payments from him and no items';

-- What may be sent now.  The pending reminders were right when they were raised
-- and are looked at again by each run; what happened since is seen here.  A
-- condition and no join, so that FOR UPDATE locks the reminders alone.
DO $$
BEGIN
	-- a function, so that who has no such reminders does not plan it
	EXECUTE pg_catalog.format($function$
	CREATE FUNCTION _dunning.right_by_customer() RETURNS SETOF bigint
		LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $body$
	DECLARE
		gone bigint[] := '{}';
		faulty bigint[];
		ids bigint[];
	BEGIN
		-- a run repeats it, too: what is withdrawn is not asked for any more
		LOOP
			SELECT array_agg(c.reminder) FILTER (WHERE c.fault IS NULL), array_agg(c.reminder) FILTER (WHERE c.fault IS NOT NULL)
			INTO ids, faulty FROM (%s) AS c;
			EXIT WHEN faulty IS NULL OR NOT EXISTS (SELECT FROM dunning.procedure AS p
				WHERE (dunning.procedure_options(p.procedure)).customer_level = 'each');
			gone := gone || faulty;
		END LOOP;
		RETURN QUERY SELECT u FROM unnest(ids) AS u;
	END
	$body$ $function$, _dunning.customer_faults_query(
		'(SELECT o.* FROM dunning.open_items(_dunning.real_day()) AS o WHERE o.ledger <> ALL ((SELECT _dunning.withheld_ledgers())::name[]))',
		'_dunning.real_day()', 'p.reminder <> ALL (gone)'));
	EXECUTE pg_catalog.format($view$
	CREATE VIEW dunning.to_send WITH (security_invoker = true) AS
	SELECT p.reminder, p.run, p.ledger, p.item, p.part, p.step, p.level, p.occurrence, p.raised_on, p.state, p.channel, p.label, p.manual,
		p.fee, p.fee_currency, p.customer, p.customer_name, p.payer, p.payer_name, p.by_customer, p.email, p.phone, p.language, p.company,
		p.currency, p.reference, p.due_on, p.days_past_due, p.open_amount, p.held_amount, p.late_interest, p.compensation,
		p.compensation_currency, p.late_fee, p.raised_at, p.approved_at, p.approved_by
	FROM dunning.reminder AS p
	WHERE p.state = 'pending'
		AND EXISTS (SELECT FROM dunning.open_items(_dunning.real_day()) AS i %s
			WHERE i.ledger = p.ledger AND i.item = p.item AND i.part = p.part AND i.open_amount > 0 AND v.fault IS NULL
				AND i.ledger <> ALL ((SELECT _dunning.withheld_ledgers())::name[]))
		AND (NOT p.by_customer OR p.reminder IN (SELECT _dunning.right_by_customer()))
	$view$, _dunning.faults_query('_dunning.real_day()'));
	-- planned once a session: that takes longer than the answer
	EXECUTE pg_catalog.format($function$
	CREATE FUNCTION _dunning.right_by_itself(reminder bigint) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE
		SET search_path = pg_catalog, pg_temp SET jit = off SET plan_cache_mode = force_generic_plan AS $body$
	#variable_conflict use_column
	BEGIN
		RETURN EXISTS (SELECT FROM dunning.reminder AS p WHERE p.reminder = right_by_itself.reminder
			AND EXISTS (SELECT FROM dunning.open_items(_dunning.real_day()) AS i %s
				WHERE i.ledger = p.ledger AND i.item = p.item AND i.part = p.part AND i.open_amount > 0 AND v.fault IS NULL));
	END
	$body$ $function$, _dunning.faults_query('_dunning.real_day()'));
END
$$;
COMMENT ON FUNCTION _dunning.right_by_itself(bigint) IS 'Whether a pending reminder still fits its item on the real day, whatever became of the other items of the customer';
COMMENT ON FUNCTION _dunning.right_by_customer() IS 'The pending reminders of items that were decided together and that may go out on the real day';
COMMENT ON VIEW dunning.to_send IS
	'The pending reminders that may go out on the real day: their item can be read with its payments and is open, nothing holds it, its procedure has the step with this label and fee, and it has the due date, open amount, held amount, customer and address that the reminder says. The next run withdraws the others, and raises anew what is due';
SELECT _dunning.copy_comments('dunning.reminder', 'dunning.to_send');

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

-- take_notices locks the reminders that it takes.  So whoever has the lock sees, in a
-- snapshot that is taken after it, whether a sender has a reminder in hand.
CREATE FUNCTION _dunning.lock_pending(reminders bigint[]) RETURNS bigint[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	locked CONSTANT bigint[] := ARRAY(SELECT r.reminder FROM dunning.reminder AS r
		WHERE r.reminder = ANY (reminders) AND r.state = 'pending' ORDER BY r.reminder FOR NO KEY UPDATE SKIP LOCKED);
BEGIN
	RETURN ARRAY(SELECT u FROM unnest(locked) AS u WHERE NOT _dunning.in_hand(u));
END
$$;
COMMENT ON FUNCTION _dunning.lock_pending(bigint[]) IS
	'Locks pending reminders, and returns those of them that no other transaction has locked and no sender has in hand';

CREATE FUNCTION _dunning.withdraw_released(notices bigint[]) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	why CONSTANT text := 'ledger released';
BEGIN
	UPDATE dunning.reminder AS r
	SET state = 'cancelled', cancelled_on = greatest(r.raised_on, _dunning.real_day()), cancelled_at = now(), reason = why
	FROM dunning.notice_reminder AS l
	WHERE l.notice = ANY (notices) AND l.removed IS NULL AND r.reminder = l.reminder AND r.state = 'pending';
	UPDATE dunning.notice_reminder AS l SET removed = why WHERE l.notice = ANY (notices) AND l.removed IS NULL;
	UPDATE dunning.notice AS n SET state = 'withdrawn', reason = why WHERE n.notice = ANY (notices);
END
$$;
COMMENT ON FUNCTION _dunning.withdraw_released(bigint[]) IS 'Withdraws notices of a ledger that was released for good, which are locked, and cancels their reminders';

CREATE FUNCTION _dunning.need_not_in_hand(reminder bigint) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	n record;
BEGIN
	IF _dunning.in_hand(need_not_in_hand.reminder) THEN
		SELECT o.notice, o.taken_by, o.ready_at INTO n FROM dunning.notice_reminder AS l JOIN dunning.notice AS o ON o.notice = l.notice
		WHERE l.reminder = need_not_in_hand.reminder AND l.removed IS NULL;
		RAISE EXCEPTION 'reminder % is on its way to the customer', need_not_in_hand.reminder
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = format('A sender has it in hand: "%s" took notice %s, and has it until %s.', n.taken_by, n.notice, to_char(n.ready_at, 'YYYY-MM-DD HH24:MI:SS')),
				HINT = format('Wait for what the sender reports. If you know: SELECT dunning.notice_sent(%1$s) says that it was sent, SELECT dunning.notice_failed(%1$s, ...) that it was not.', n.notice);
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_not_in_hand(bigint) IS 'Error 55000 if a sender has a reminder, which is locked, in hand';

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
	SET state = 'sent', sent_on = _dunning.reminder_day(r, mark_reminder_sent.sent_on, 'sent'), sent_at = now(),
		-- whoever says that a manual step is done approves of it
		approved_at = CASE WHEN r.manual THEN coalesce(r.approved_at, now()) END,
			approved_by = CASE WHEN r.manual THEN coalesce(r.approved_by, session_user) END
	WHERE f.reminder = mark_reminder_sent.reminder;
	RETURN true;
END
$$;
COMMENT ON FUNCTION dunning.mark_reminder_sent(bigint, date) IS
	'Marks a pending reminder as sent, on the real day (the date now in dunning.time_zone) or on a day; false if it was sent already. Whoever marks a manual one approves it; error 55000 if it is cancelled or skipped, 22023 for a day that cannot be, P0002 if it does not exist';

CREATE FUNCTION dunning.skip_reminder(reminder bigint, reason text, on_day date DEFAULT NULL) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	r dunning.reminder;
BEGIN
	PERFORM _dunning.need_reason(skip_reminder.reason, 'skip a reminder', 'The history of an item has to say why a step counts that was not sent.');
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
	PERFORM _dunning.need_not_in_hand(skip_reminder.reminder);
	UPDATE dunning.reminder AS f
	SET state = 'skipped', skipped_on = _dunning.reminder_day(r, on_day, 'skipped'), skipped_at = now(), reason = trim(skip_reminder.reason)
	WHERE f.reminder = skip_reminder.reminder;
	RETURN true;
END
$$;
COMMENT ON FUNCTION dunning.skip_reminder(bigint, text, date) IS
	'Passes over a pending reminder that is not to be sent: its step counts as if it had been sent on the real day, or on a day, and costs no fee; false if it was skipped already; error 22023 without a reason, or for a day before it was raised or to come, 55000 if it is sent or cancelled or a sender has it in hand, P0002 if it does not exist';

CREATE FUNCTION dunning.cancel_reminder(reminder bigint, reason text, on_day date DEFAULT NULL) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	r dunning.reminder;
BEGIN
	PERFORM _dunning.need_reason(cancel_reminder.reason, 'cancel a reminder', 'The history of an item has to say why a reminder does not count.');
	SELECT f.* INTO r FROM dunning.reminder AS f WHERE f.reminder = cancel_reminder.reminder FOR UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'reminder % does not exist', cancel_reminder.reminder USING ERRCODE = 'no_data_found';
	END IF;
	IF r.state = 'cancelled' THEN
		RETURN false;
	END IF;
	PERFORM _dunning.need_not_in_hand(cancel_reminder.reminder);
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
	'Cancels a reminder, pending, sent or skipped, from the real day or from a day on, so that its step does not count and is raised again when it is due: what was sent by hand is for dunning.mark_reminder_sent, a step that is not to be sent for dunning.skip_reminder; false if it was cancelled already; error 22023 without a reason, or for a day before it was raised or to come, 55000 if a sender has it in hand, P0002 if it does not exist';
