-- What another procedure would have raised.

-- On which days an item is held since what is not held of it is nothing, or less than
-- the tolerance: the days between two that change what is open or held.
DO $do$
BEGIN
	EXECUTE format($f$
CREATE FUNCTION _dunning.made_holds(ledger name, item dunning.item_key, part integer, currency text, history dunning.balance_history, open_amount numeric, to_day date)
	RETURNS dunning.dunning_history
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT dunning.sum(_dunning.hold_fact(CASE WHEN s.held >= s.open THEN 'amount' ELSE 'tolerance' END, s.on_day, s.until,
		stops => CASE WHEN s.held >= s.open AND s.held_manual < s.open THEN 'automatic' ELSE 'all' END))
	FROM (
		SELECT d.on_day, coalesce(lead(d.on_day) OVER (ORDER BY d.on_day) - 1, made_holds.to_day) AS until,
			CASE WHEN made_holds.history IS NULL THEN made_holds.open_amount ELSE dunning.open_amount(made_holds.history, d.on_day) END AS open,
			%1$s AS held, %2$s AS held_manual
		FROM (
			SELECT m.on_day FROM dunning.movements(made_holds.history) AS m
			UNION
			SELECT v.on_day FROM dunning.hold AS h CROSS JOIN LATERAL (VALUES (h.from_day), (h.until_day + 1), (h.released_on)) AS v (on_day)
			WHERE h.item = made_holds.item AND h.ledger = made_holds.ledger AND h.part = made_holds.part AND h.amount IS NOT NULL
			UNION
			SELECT date '0001-01-01' WHERE made_holds.history IS NULL
		) AS d
		WHERE d.on_day BETWEEN '0001-01-01' AND made_holds.to_day
	) AS s
	WHERE s.open > 0 AND (s.held >= s.open OR s.open - s.held < %3$s)
	$$ $f$, _dunning.held_amount_query('made_holds.ledger', 'made_holds.item', 'made_holds.part', 'd.on_day'),
		_dunning.held_amount_query('made_holds.ledger', 'made_holds.item', 'made_holds.part', 'd.on_day', manual => 'true'),
		_dunning.tolerance_query('made_holds.ledger', 'made_holds.currency'));
END
$do$;
COMMENT ON FUNCTION _dunning.made_holds(name, dunning.item_key, integer, text, dunning.balance_history, numeric, date) IS
	'The holds up to a day that the work list makes of amounts: days on which all that is open is held, and days on which less than the tolerance of now is to be asked for; NULL: none';

CREATE FUNCTION dunning.back_test(procedure dunning.dunning_procedure, from_day date, to_day date, ledger name)
	RETURNS TABLE (month date, channel text, currency text, steps bigint, items bigint, customers bigint, amount numeric, sent bigint, sent_amount numeric)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
	PERFORM _dunning.need_all_facts(false);
	IF (from_day <= to_day AND isfinite(from_day) AND isfinite(to_day)) IS NOT TRUE THEN
		RAISE EXCEPTION 'a back-test from % to % is not possible', coalesce(from_day::text, 'NULL'), coalesce(to_day::text, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a first day, and a last day that is not before it.';
	END IF;
	RETURN QUERY EXECUTE format($q$
		WITH would AS (
			SELECT date_trunc('month', r.on_day)::date AS month, r.channel, i.currency, count(*) AS steps, count(DISTINCT (i.item, i.part)) AS items,
				count(DISTINCT i.customer) AS customers, sum(CASE WHEN i.history IS NULL THEN i.open_amount ELSE dunning.open_amount(i.history, r.on_day) END) AS amount
			FROM (
				SELECT s.item, s.part, s.customer, s.class, s.currency, s.issued_on, s.due_on, s.history, s.open_amount, s.rejects, %2$s AS holds, %3$s AS before,
					CASE WHEN $5 THEN _dunning.made_holds($4, s.item, s.part, s.currency, s.history, s.open_amount, $3) END AS made
				FROM %1$s AS s WHERE s.dunnable IS NOT FALSE AND s.due_on IS NOT NULL AND (s.amount > 0 OR s.open_amount > 0)
					AND greatest(s.amount, s.open_amount) < 'Infinity' AND (s.issued_on > $3) IS NOT TRUE OFFSET 0
			) AS i
			CROSS JOIN LATERAL dunning.replay($1, i.due_on, greatest($2, i.issued_on), $3, coalesce(i.holds, '{}') + coalesce(i.rejects, '{}') + coalesce(i.before, '{}') + coalesce(i.made, '{}'), i.history,
				CASE WHEN i.history IS NULL THEN i.open_amount END, calendar => CASE WHEN %4$s IS NULL THEN (SELECT g.calendar FROM dunning.ledger AS l JOIN dunning.holiday_calendar AS g ON g.name = l.calendar WHERE l.ledger = $4)
					ELSE (SELECT g.calendar FROM dunning.holiday_calendar AS g WHERE g.name = %4$s) END,
				currency => i.currency, sends => true) AS r
			WHERE r.event = 'raised'
			GROUP BY 1, 2, 3
		), was AS (
			SELECT date_trunc('month', r.sent_on)::date AS month, r.channel, r.currency, count(*) AS sent, sum(r.open_amount) AS sent_amount
			FROM dunning.reminder AS r WHERE r.ledger = $4 AND r.sent_on BETWEEN $2 AND $3
			GROUP BY 1, 2, 3
		)
		SELECT coalesce(w.month, s.month), coalesce(w.channel, s.channel), coalesce(w.currency, s.currency), coalesce(w.steps, 0), coalesce(w.items, 0),
			coalesce(w.customers, 0), coalesce(w.amount, 0), coalesce(s.sent, 0), coalesce(s.sent_amount, 0)
		FROM would AS w FULL JOIN was AS s ON s.month = w.month AND s.channel = w.channel AND coalesce(s.currency, '') = coalesce(w.currency, '')
		ORDER BY 1, 2, 3 $q$,
		_dunning.items_source(ledger, to_day), _dunning.stops_query(quote_literal(ledger) || '::name', 's.item', 's.part', 's.customer'),
		-- what an item had had by the first day
		_dunning.reminder_facts(quote_literal(ledger) || '::name', 's.item', 's.part', 'm.raised_on < $2'), _dunning.assigned_of('calendar', 'i', '$3', ledger => '$4'))
	USING procedure, from_day, to_day, ledger, EXISTS (SELECT FROM dunning.tolerance AS t WHERE t.ledger IN (back_test.ledger, ''))
		OR EXISTS (SELECT FROM dunning.hold AS h WHERE h.ledger = back_test.ledger AND h.amount IS NOT NULL);
END
$$;
COMMENT ON FUNCTION dunning.back_test(dunning.dunning_procedure, date, date, name) IS
	'What nightly runs with a procedure would have raised for the items of a ledger, by month, channel and currency, beside what was sent. It takes the payments that there were, so it does not say what would have been paid';
