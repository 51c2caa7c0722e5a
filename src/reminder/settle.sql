-- Pending reminders of items that are settled, or not seen.

-- What settles a reminder, of items that stand in a FROM clause.
CREATE FUNCTION _dunning.parts_query(items text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	-- an amount that is not a number says nothing
	RETURN 'SELECT i.item, i.part, (i.open_amount <= 0 AND i.open_amount > ''-Infinity'') IS TRUE AS settled, '
		'(abs(i.open_amount) < ''Infinity'' AND i.due_on IS NOT NULL) IS TRUE AS known FROM ' || items || ' AS i';
COMMENT ON FUNCTION _dunning.parts_query(text) IS
	'The query of the parts of items: item, part, whether it is settled, whether its amount and due date are known';

CREATE FUNCTION _dunning.ledger_source(ledger name) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT _dunning.ledger_call(l.id, '$1') FROM dunning.ledger AS l WHERE l.ledger = ledger_source.ledger);
COMMENT ON FUNCTION _dunning.ledger_source(name) IS 'What stands in a FROM clause for the items of a ledger as of the day $1, settled ones too';

-- Cancels what is pending for parts that are seen to be settled, and for parts
-- that are no longer there while their item is.  What is not seen is left: an item
-- that is not there is not an item that is paid.
CREATE FUNCTION dunning.settle_reminders(ledger name, item dunning.item_key DEFAULT NULL, reason text DEFAULT 'no longer open') RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET dunning.today = '' SET jit = off AS $$
#variable_conflict use_column
DECLARE
	day CONSTANT date := dunning.today();
	adopted CONSTANT integer := (SELECT l.adoption FROM dunning.ledger AS l WHERE l.ledger = settle_reminders.ledger AND l.state = 'adopted');
	n integer;
	pending dunning.item_key[];
	gone text[];
	vanished text[];
	free bigint[];
BEGIN
	-- On a day before a reminder was raised there is nothing to say of it.
	PERFORM _dunning.need_all_facts();
	pending := ARRAY(SELECT DISTINCT r.item FROM dunning.reminder AS r
		WHERE r.ledger = settle_reminders.ledger AND (settle_reminders.item IS NULL OR r.item = settle_reminders.item) AND r.state = 'pending'
			AND r.raised_on <= day);
	IF cardinality(pending) = 0 OR adopted IS NULL OR dunning.ledger_hidden(settle_reminders.ledger) IS NOT NULL THEN
		RETURN 0;
	END IF;
	-- One reading of the ledger and one of what is pending, whatever the
	-- statistics say: a join may be planned as a reading for each reminder.
	BEGIN
		EXECUTE format($q$
			SELECT array_agg(i.item::text || ' ' || p.part), array_agg(i.item::text || ' ' || p.part) FILTER (WHERE p.part <> ALL (i.seen))
			FROM (SELECT k.item, array_agg(k.part) FILTER (WHERE k.settled IS NULL) AS pending,
					array_agg(k.part) FILTER (WHERE k.settled IS NOT NULL) AS seen,
					coalesce(array_agg(k.part) FILTER (WHERE NOT k.settled), '{}') AS open, bool_and(k.known) AS known
				FROM (SELECT r.item, r.part, NULL::boolean AS settled, NULL::boolean AS known FROM dunning.reminder AS r
					WHERE r.ledger = $2 AND r.item = ANY ($3) AND r.state = 'pending' AND r.raised_on <= $1
					UNION ALL SELECT o.item, o.part, o.settled, o.known FROM (%s) AS o) AS k
				GROUP BY k.item) AS i
			CROSS JOIN LATERAL unnest(i.pending) AS p (part)
			WHERE CASE WHEN p.part = ANY (i.seen) THEN p.part <> ALL (i.open) ELSE i.known AND i.seen IS NOT NULL END $q$,
			_dunning.parts_query(_dunning.keys_source(settle_reminders.ledger, day, pending)))
		INTO gone, vanished USING day, settle_reminders.ledger, pending;
	EXCEPTION WHEN undefined_table OR undefined_function THEN
		-- the views of a ledger that was released or adopted anew while this waited are gone
		IF EXISTS (SELECT FROM dunning.ledger AS l WHERE l.adoption = adopted) THEN
			RAISE;
		END IF;
		RETURN 0;
	END;
	-- a ledger that was released while this waited says nothing of what is owed
	IF gone IS NULL OR NOT EXISTS (SELECT FROM dunning.ledger AS l WHERE l.adoption = adopted) THEN
		RETURN 0;
	END IF;
	-- what a payment has locked, it settles itself, or else the next run does
	free := _dunning.lock_pending(ARRAY(SELECT r.reminder FROM dunning.reminder AS r
		WHERE r.ledger = settle_reminders.ledger AND r.item = ANY (pending) AND r.state = 'pending' AND r.raised_on <= day
			AND r.item::text || ' ' || r.part = ANY (gone)));
	UPDATE dunning.reminder AS r
	SET state = 'cancelled', cancelled_on = day, cancelled_at = now(), withdrawn = true,
		reason = CASE WHEN r.item::text || ' ' || r.part = ANY (vanished) THEN 'its part is no longer there' ELSE settle_reminders.reason END
	WHERE r.reminder = ANY (free) AND r.state = 'pending';
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;
COMMENT ON FUNCTION dunning.settle_reminders(name, dunning.item_key, text) IS
	'Cancels the pending reminders of an item, or of all items of a ledger, that are seen to be settled on the real day, but for those that another transaction has locked or a sender has in hand; returns their number; nothing if rows of the ledger are hidden';

CREATE FUNCTION dunning.unseen_reminders(ledger name) RETURNS SETOF dunning.reminder
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	day CONSTANT date := dunning.today();
	pending dunning.item_key[];
	unseen dunning.item_key[];
BEGIN
	pending := ARRAY(SELECT DISTINCT r.item FROM dunning.reminder AS r
		WHERE r.ledger = unseen_reminders.ledger AND r.state = 'pending' AND r.raised_on <= day);
	IF cardinality(pending) = 0 OR NOT EXISTS (SELECT FROM dunning.ledger AS l WHERE l.ledger = unseen_reminders.ledger AND l.state = 'adopted')
		THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT ARRAY(SELECT unnest($1) EXCEPT SELECT o.item FROM %s AS o)',
		_dunning.keys_source(ledger, day, pending))
	INTO unseen USING pending;
	RETURN QUERY SELECT r.* FROM dunning.reminder AS r
		WHERE r.ledger = unseen_reminders.ledger AND r.item = ANY (unseen) AND r.state = 'pending' AND r.raised_on <= day;
END
$$;
COMMENT ON FUNCTION dunning.unseen_reminders(name) IS
	'The pending reminders of a ledger whose item is not among its items on dunning.today(): it was deleted, is left out by a view, or is hidden from the current user. Nobody can say whether it is paid, so they are neither right to send nor cancelled';
