-- What the next run will do.

CREATE FUNCTION _dunning.still_right() RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN '(m.state <> ''pending'' OR m.reminder IN (SELECT s.reminder FROM dunning.to_send AS s))';
COMMENT ON FUNCTION _dunning.still_right() IS 'The condition that a run leaves a reminder (m) as it is';

-- A run first ends the plans that broke.  Not parallel, as plans() is not.
CREATE FUNCTION _dunning.broken_holds() RETURNS TABLE (holds bigint[], released_on date)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
	-- who has no plan does not read the ledgers for them
	IF EXISTS (SELECT FROM dunning.plan AS p WHERE p.ended_on IS NULL) THEN
		RETURN QUERY SELECT _dunning.own_holds('plan', p.plan, p.holds), s.decided_on
		FROM dunning.plans(_dunning.real_day()) AS s JOIN dunning.plan AS p ON p.plan = s.plan WHERE s.state = 'broken' AND p.ended_on IS NULL;
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.broken_holds() IS 'The holds of payment plans that broke by the real day and that no run has ended yet, and the day from which it will release them';
-- And it notes what broke, from which steps count.
CREATE FUNCTION _dunning.broken_tonight() RETURNS TABLE (ledger name, item dunning.item_key, reason text, on_day date)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
	IF _dunning.any_broken_step() THEN
		RETURN QUERY SELECT p.of_ledger, k, 'broken_promise', p.broken_on
		FROM _dunning.broken_promises(_dunning.real_day(), NULL) AS p CROSS JOIN unnest(p.items) AS k
		UNION ALL
		SELECT h.ledger, h.item, 'broken_plan', b.released_on FROM _dunning.broken_holds() AS b JOIN dunning.hold AS h ON h.hold = ANY (b.holds);
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.broken_tonight() IS 'The items of which the next run will note that a promise or a plan broke, and on which day it did';
CREATE VIEW _dunning.hold_tonight WITH (security_invoker = true) AS
	SELECT h.ledger, h.item, h.part, h.customer, h.reason, h.from_day, h.until_day, h.amount, h.stops, h.then_do, h.hold,
		CASE WHEN h.source = 'plan' AND h.released_on IS NULL AND h.hold = ANY (ARRAY(SELECT k FROM _dunning.broken_holds() AS b,
			unnest(b.holds) AS k))
			THEN (SELECT b.released_on FROM _dunning.broken_holds() AS b WHERE h.hold = ANY (b.holds)) ELSE h.released_on END AS released_on
	FROM dunning.hold AS h
	UNION ALL
	SELECT b.ledger, b.item, NULL, NULL, b.reason, b.on_day, b.on_day, NULL, 'none', 'continue', NULL, NULL FROM _dunning.broken_tonight() AS b;
COMMENT ON VIEW _dunning.hold_tonight IS 'The holds as the next run will find them: those of plans that broke are released, and what broke is noted';
SELECT _dunning.copy_comments('dunning.hold', '_dunning.hold_tonight');

CREATE FUNCTION _dunning.by_tonight(query text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN regexp_replace(query, '\mdunning\.hold AS held_(fact|part)', '_dunning.hold_tonight AS held_\1', 'g');
COMMENT ON FUNCTION _dunning.by_tonight(text) IS 'A query of a work list that reads the holds as the next run will find them';

-- A run first withdraws what does not fit any more, so that its step may be due again.
DO $$
BEGIN
	-- a function, so that who has no such procedure does not plan it
	EXECUTE pg_catalog.format($function$
	CREATE FUNCTION _dunning.tonight_by_customer() RETURNS TABLE (ledger name, item dunning.item_key, part integer, reference text,
			customer dunning.item_key, customer_name text,
		payer dunning.item_key, payer_name text, company text, currency text, due_on date, open_amount numeric, held_amount numeric,
		step text, level integer, occurrence integer, channel text, label text, manual boolean)
		LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS %L $function$, pg_catalog.format($query$
	SELECT w.ledger, w.item, w.part, w.reference, w.customer, w.customer_name, w.payer, w.payer_name, w.company, w.currency, w.due_on,
		w.open_amount, CASE WHEN t.manual THEN w.held_by_hand ELSE w.held_by_machine END, t.step, t.level, w.takes_again, t.channel,
		t.label, t.manual
	FROM (%s) AS w JOIN LATERAL dunning.steps(w.procedure) AS t ON t.level = w.takes OR w.takes = w.own_level
		AND t.level = ANY (w.also_due) $query$, _dunning.customers_query(_dunning.by_tonight(_dunning.customers_worklist('dunning.open_items(_dunning.real_day())', '_dunning.real_day()',
			_dunning.still_right())), '_dunning.real_day()', ', v.level AS own_level, v.also_due')));
	EXECUTE pg_catalog.format($view$
	CREATE VIEW dunning.tonight WITH (security_invoker = true) AS
	SELECT 'raise' AS event, w.ledger, w.item, w.part, w.reference, w.customer, w.customer_name, w.payer, w.payer_name, w.company, w.currency,
		w.due_on, w.open_amount, w.held_amount, w.step, w.level, w.occurrence, w.channel, w.label, w.manual
	FROM (%s) AS w WHERE w.state = 'due' AND w.problem IS NULL AND NOT _dunning.by_customer(w.procedure)
	UNION ALL
	SELECT 'raise', w.* FROM _dunning.tonight_by_customer() AS w WHERE %s
	UNION ALL
	SELECT 'withdraw', r.ledger, r.item, r.part, r.reference, r.customer, r.customer_name, r.payer, r.payer_name, r.company, r.currency, r.due_on,
		r.open_amount, r.held_amount, r.step, r.level, r.occurrence, r.channel, r.label, r.manual
	FROM dunning.reminder AS r
	WHERE r.state = 'pending' AND r.raised_on <= _dunning.real_day()
		AND NOT EXISTS (SELECT FROM dunning.to_send AS s WHERE s.reminder = r.reminder)
		AND EXISTS (SELECT FROM dunning.ledger_items(_dunning.real_day()) AS i WHERE i.ledger = r.ledger AND i.item = r.item
			AND abs(i.open_amount) < 'Infinity')
	$view$, _dunning.by_tonight(_dunning.due_query('dunning.open_items(_dunning.real_day())', '_dunning.real_day()', _dunning.still_right())),
		_dunning.any_by_customer());
END
$$;
COMMENT ON FUNCTION _dunning.tonight_by_customer() IS 'The rows of dunning.tonight for what a run would raise by customer';
COMMENT ON VIEW dunning.tonight IS
	'What a run on the real day would do, without doing it: it withdraws pending reminders that do not fit their item any more, and raises what is due then, so that an item may have a row of each';
COMMENT ON COLUMN dunning.tonight.event IS 'raise or withdraw';
COMMENT ON COLUMN dunning.tonight.ledger IS 'Ledger of the item';
COMMENT ON COLUMN dunning.tonight.item IS 'Key of the item';
COMMENT ON COLUMN dunning.tonight.part IS 'Part of the item';
COMMENT ON COLUMN dunning.tonight.reference IS 'What the customer knows the item by';
COMMENT ON COLUMN dunning.tonight.customer IS 'Key of the customer';
COMMENT ON COLUMN dunning.tonight.customer_name IS 'Name of the customer';
COMMENT ON COLUMN dunning.tonight.payer IS 'Key of who pays for the customer';
COMMENT ON COLUMN dunning.tonight.payer_name IS 'Name of the payer';
COMMENT ON COLUMN dunning.tonight.company IS 'Company of the item';
COMMENT ON COLUMN dunning.tonight.currency IS 'Currency of the open amount';
COMMENT ON COLUMN dunning.tonight.due_on IS 'Due date; of a reminder that is withdrawn the one that it says';
COMMENT ON COLUMN dunning.tonight.open_amount IS 'Open amount; of a reminder that is withdrawn the one that it says';
COMMENT ON COLUMN dunning.tonight.held_amount IS 'What of the open amount is held';
COMMENT ON COLUMN dunning.tonight.step IS 'Day of the step, counted from the due date';
COMMENT ON COLUMN dunning.tonight.level IS 'Place of the step in the procedure, from 1';
COMMENT ON COLUMN dunning.tonight.occurrence IS 'How often the step is taken with this time';
COMMENT ON COLUMN dunning.tonight.channel IS 'Channel of the step';
COMMENT ON COLUMN dunning.tonight.label IS 'Label of the step';
COMMENT ON COLUMN dunning.tonight.manual IS 'Whether a person takes the step';
