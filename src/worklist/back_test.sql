-- What another procedure would have raised.

CREATE FUNCTION dunning.back_test(procedure dunning.dunning_procedure, from_day date, to_day date, ledger name)
	RETURNS TABLE (month date, channel text, currency text, steps bigint, items bigint, customers bigint, amount numeric, sent bigint, sent_amount numeric)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
	PERFORM _dunning.need_all_facts();
	IF (from_day <= to_day AND isfinite(from_day) AND isfinite(to_day)) IS NOT TRUE THEN
		RAISE EXCEPTION 'a back-test from % to % is not possible', coalesce(from_day::text, 'NULL'), coalesce(to_day::text, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a first day, and a last day that is not before it.';
	END IF;
	RETURN QUERY EXECUTE format($q$
		WITH would AS (
			SELECT date_trunc('month', r.on_day)::date AS month, r.channel, i.currency, count(*) AS steps, count(DISTINCT (i.item, i.part)) AS items,
				count(DISTINCT i.customer) AS customers, sum(CASE WHEN i.history IS NULL THEN i.open_amount ELSE dunning.open_amount(i.history, r.on_day) END) AS amount
			FROM (
				SELECT s.item, s.part, s.customer, s.class, s.currency, s.issued_on, s.due_on, s.history, s.open_amount, s.rejects, %2$s AS holds, %3$s AS before
				FROM %1$s AS s WHERE s.dunnable IS NOT FALSE AND s.due_on IS NOT NULL AND (s.amount > 0 OR s.open_amount > 0)
					AND greatest(s.amount, s.open_amount) < 'Infinity' AND (s.issued_on > $3) IS NOT TRUE OFFSET 0
			) AS i
			CROSS JOIN LATERAL dunning.replay($1, i.due_on, greatest($2, i.issued_on), $3, coalesce(i.holds, '{}') + coalesce(i.rejects, '{}') + coalesce(i.before, '{}'), i.history,
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
	USING procedure, from_day, to_day, ledger;
END
$$;
COMMENT ON FUNCTION dunning.back_test(dunning.dunning_procedure, date, date, name) IS
	'What nightly runs with a procedure would have raised for the items of a ledger, by month, channel and currency, beside what was sent. It takes the payments that there were, so it does not say what would have been paid';
