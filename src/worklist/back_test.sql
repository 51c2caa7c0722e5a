-- What another procedure would have raised.

-- What the work list makes of the amounts that are held, and of the tolerance, on the
-- days between two that change what is open or held.
DO $do$
BEGIN
	EXECUTE format($f$
CREATE FUNCTION _dunning.made_of_amounts(ledger name, item dunning.item_key, part integer, currency text, history dunning.balance_history,
		to_day date, OUT holds dunning.dunning_history, OUT asked dunning.balance_history, OUT by_hand dunning.balance_history)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT dunning.sum(_dunning.hold_fact(CASE WHEN s.held >= s.open THEN 'amount' ELSE 'tolerance' END, s.on_day, s.until,
			stops => CASE WHEN s.held >= s.open AND s.held_manual < s.open THEN 'automatic' ELSE 'all' END)) FILTER (WHERE s.open > 0
				AND (s.held >= s.open OR s.open - s.held < %3$s)),
		dunning.balance_history(s.asked - s.before, s.on_day) FILTER (WHERE s.asked <> s.before),
		CASE WHEN bool_or(s.by_hand <> s.asked) THEN dunning.balance_history(s.by_hand - s.before_by_hand, s.on_day)
			FILTER (WHERE s.by_hand <> s.before_by_hand) END
	FROM (
		SELECT r.*, lag(r.asked, 1, 0) OVER (ORDER BY r.on_day) AS before,
			lag(r.by_hand, 1, 0) OVER (ORDER BY r.on_day) AS before_by_hand
		FROM (
			SELECT q.*, CASE WHEN q.held = 0 OR q.open <= 0 THEN q.open WHEN q.held < q.open THEN q.open - q.held
				WHEN q.held_manual < q.open THEN q.open - q.held_manual ELSE q.open END AS asked,
				CASE WHEN q.open > 0 AND q.held_manual < q.open THEN q.open - q.held_manual ELSE q.open END AS by_hand
			FROM (
				SELECT d.on_day, coalesce(lead(d.on_day) OVER (ORDER BY d.on_day) - 1, made_of_amounts.to_day) AS until,
					dunning.open_amount(made_of_amounts.history, d.on_day) AS open, %1$s AS held, %2$s AS held_manual
				FROM (
					SELECT m.on_day FROM dunning.movements(made_of_amounts.history) AS m
					UNION
					SELECT v.on_day FROM dunning.hold AS h
						CROSS JOIN LATERAL (VALUES (h.from_day), (h.until_day + 1), (h.released_on)) AS v (on_day)
					WHERE h.item = made_of_amounts.item AND h.ledger = made_of_amounts.ledger AND h.part = made_of_amounts.part
						AND h.amount IS NOT NULL
				) AS d
				WHERE d.on_day BETWEEN '0001-01-01' AND made_of_amounts.to_day
			) AS q
		) AS r
	) AS s
	$$ $f$, _dunning.held_amount_query('made_of_amounts.ledger', 'made_of_amounts.item', 'made_of_amounts.part', 'd.on_day'),
		_dunning.held_amount_query('made_of_amounts.ledger', 'made_of_amounts.item', 'made_of_amounts.part', 'd.on_day', manual => 'true'),
		_dunning.tolerance_query('made_of_amounts.ledger', 'made_of_amounts.currency'));
	-- the work list asks it of a day
	EXECUTE format($f$
CREATE FUNCTION _dunning.statement_holds(ledger name, company text, from_day date, to_day date) RETURNS dunning.dunning_history
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT dunning.sum(s.hold)
	FROM (
		SELECT _dunning.hold_fact('statements', min(d.on_day), max(d.on_day), stops => 'automatic') AS hold
		FROM (
			SELECT g.on_day, g.on_day - row_number() OVER (ORDER BY g.on_day)::integer AS island
			FROM (SELECT statement_holds.from_day + k AS on_day
				FROM generate_series(0, statement_holds.to_day - statement_holds.from_day) AS k) AS g
			WHERE %s
		) AS d
		GROUP BY d.island
	) AS s
	$$ $f$, _dunning.old_statements_query('statement_holds.ledger', 'statement_holds.company', 'g.on_day'));
END
$do$;
COMMENT ON FUNCTION _dunning.made_of_amounts(name, dunning.item_key, integer, text, dunning.balance_history, date) IS
	'What the work list makes of amounts up to a day: holds on days on which all that is open is held, or less than the tolerance of now is to be asked for (NULL: none), what is asked for, and what a person asks for (NULL: the same)';
COMMENT ON FUNCTION _dunning.statement_holds(name, text, date, date) IS 'The holds of a company on days on which its bank statements were too old, by the setting of now; NULL: none';

CREATE FUNCTION dunning.back_test(procedure dunning.dunning_procedure, from_day date, to_day date, ledger name)
	RETURNS TABLE (month date, channel text, currency text, steps bigint, items bigint, customers bigint, amount numeric, sent bigint,
		sent_amount numeric)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
	PERFORM _dunning.need_all_facts(false);
	IF (from_day <= to_day AND isfinite(from_day) AND isfinite(to_day)) IS NOT TRUE THEN
		RAISE EXCEPTION 'a back-test from % to % is not possible', coalesce(from_day::text, 'NULL'), coalesce(to_day::text, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a first day, and a last day that is not before it.';
	END IF;
	RETURN QUERY EXECUTE format($q$
		WITH i AS MATERIALIZED (
			SELECT s.item, s.part, s.customer, s.payer, s.company, s.currency, s.issued_on, s.due_on, s.balance, s.nets,
				coalesce(m.asked, s.balance) AS asked, m.by_hand, coalesce(s.holds, '{}') + coalesce(s.rejects, '{}') + coalesce(s.before,
					'{}') + coalesce(m.holds, '{}') + coalesce(t.holds, '{}') AS facts,
				CASE WHEN %4$s IS NULL THEN (SELECT g.calendar FROM dunning.ledger AS l
					JOIN dunning.holiday_calendar AS g ON g.name = l.calendar WHERE l.ledger = $4)
					ELSE (SELECT g.calendar FROM dunning.holiday_calendar AS g WHERE g.name = %4$s) END AS calendar
			FROM (
				SELECT s.item, s.part, s.customer, s.payer, s.company, s.class, s.currency, s.issued_on, s.due_on, s.rejects, %2$s AS holds,
					%3$s AS before, %5$s AS nets,
					-- what nobody dated was always there
					coalesce(s.history, dunning.movement(s.open_amount, coalesce(least(s.issued_on, s.due_on), '0001-01-01'))) AS balance
				FROM %1$s AS s WHERE s.dunnable IS NOT FALSE AND s.due_on IS NOT NULL
					AND (s.amount > 0 OR s.open_amount > 0 OR $6 AND s.payer IS NOT NULL)
					AND greatest(s.amount, s.open_amount) < 'Infinity' AND least(s.amount, s.open_amount) > '-Infinity'
						AND (s.issued_on > $3) IS NOT TRUE OFFSET 0
			) AS s
			-- most items never have so little open, nor a part that is held
			LEFT JOIN LATERAL (
				SELECT f.* FROM _dunning.made_of_amounts($4, s.item, s.part, s.currency, s.balance, $3) AS f
				WHERE $5 AND (EXISTS (SELECT FROM dunning.hold AS h
						WHERE h.item = s.item AND h.ledger = $4 AND h.part = s.part AND h.amount IS NOT NULL)
					OR EXISTS (SELECT FROM dunning.movements(s.balance) AS b WHERE b.balance > 0 AND b.balance < %7$s))
			) AS m ON true
			LEFT JOIN (SELECT c.company, _dunning.statement_holds($4, c.company, $2, $3) AS holds
				FROM (SELECT DISTINCT s.company FROM %1$s AS s) AS c OFFSET 0) AS t
				ON $7 AND t.company IS NOT DISTINCT FROM s.company
		), would AS (
			SELECT date_trunc('month', r.on_day)::date AS month, r.channel, r.currency, count(*) AS steps,
				count(DISTINCT (r.item, r.part)) AS items, count(DISTINCT r.customer) AS customers,
				sum(dunning.open_amount(r.balance, r.on_day)) AS amount
			FROM (%6$s) AS r
			GROUP BY 1, 2, 3
		), was AS (
			SELECT date_trunc('month', r.sent_on)::date AS month, r.channel, r.currency, count(*) AS sent, sum(r.open_amount) AS sent_amount
			FROM dunning.reminder AS r WHERE r.ledger = $4 AND r.sent_on BETWEEN $2 AND $3
			GROUP BY 1, 2, 3
		)
		SELECT coalesce(w.month, s.month), coalesce(w.channel, s.channel), coalesce(w.currency, s.currency), coalesce(w.steps, 0),
			coalesce(w.items, 0), coalesce(w.customers, 0), coalesce(w.amount, 0), coalesce(s.sent, 0), coalesce(s.sent_amount, 0)
		FROM would AS w FULL JOIN was AS s ON s.month = w.month AND s.channel = w.channel
			AND coalesce(s.currency, '') = coalesce(w.currency, '')
		ORDER BY 1, 2, 3 $q$,
		_dunning.items_source(ledger, to_day), _dunning.stops_query(quote_literal(ledger) || '::name', 's.item', 's.part', 's.customer'),
		-- what an item had had by the first day
		_dunning.reminder_facts(quote_literal(ledger) || '::name', 's.item', 's.part', 'm.raised_on < $2'), _dunning.assigned_of('calendar', 's', '$3', ledger => '$4'),
		_dunning.netted_query('$4', 's.kind', 'least(s.amount, s.open_amount)'),
		CASE WHEN _dunning.by_customer(back_test.procedure) THEN format($c$
			SELECT r.on_day, r.channel, c.currency, c.item[r.nth] AS item, c.part[r.nth] AS part, c.payer AS customer,
				c.balance[r.nth] AS balance
			FROM (
				SELECT i.payer, i.company, i.currency, array_agg(i.item ORDER BY i.item, i.part) AS item,
					array_agg(i.part ORDER BY i.item, i.part) AS part, array_agg(i.due_on ORDER BY i.item, i.part) AS due_on,
					array_agg(i.facts ORDER BY i.item, i.part) AS facts, array_agg(i.balance ORDER BY i.item, i.part) AS balance,
					array_agg(i.asked ORDER BY i.item, i.part) AS asked, array_agg(i.nets ORDER BY i.item, i.part) AS nets,
					array_agg(i.by_hand ORDER BY i.item, i.part) AS by_hand,
					(array_agg(i.calendar ORDER BY i.item, i.part))[1] AS calendar
				FROM i WHERE i.payer IS NOT NULL GROUP BY i.payer, i.company, i.currency
			) AS c
			LEFT JOIN (%s) AS l ON l.ledger = $4 AND l.payer = c.payer AND l.company IS NOT DISTINCT FROM c.company
				AND l.currency IS NOT DISTINCT FROM c.currency
			CROSS JOIN LATERAL dunning.replay_customer($1, $2, $3, c.due_on, c.facts, c.balance, c.asked, c.nets, l.last_on, c.calendar,
				c.currency, sends => true, by_hand => c.by_hand) AS r
			WHERE r.event = 'raised' $c$, _dunning.last_sent_query('($2 - 1)'))
		ELSE $c$
			SELECT r.on_day, r.channel, i.currency, i.item, i.part, i.customer, i.balance
			FROM i CROSS JOIN LATERAL dunning.replay($1, i.due_on, greatest($2, i.issued_on), $3, i.facts, i.asked, calendar => i.calendar,
				currency => i.currency, sends => true, by_hand => i.by_hand) AS r
			WHERE r.event = 'raised' $c$ END, _dunning.tolerance_query('$4', 's.currency'))
	USING procedure, from_day, to_day, ledger, EXISTS (SELECT FROM dunning.tolerance AS t WHERE t.ledger IN (back_test.ledger, ''))
		OR EXISTS (SELECT FROM dunning.hold AS h WHERE h.ledger = back_test.ledger AND h.amount IS NOT NULL),
			_dunning.by_customer(back_test.procedure),
		EXISTS (SELECT FROM dunning.ledger_setting AS g WHERE g.ledger = back_test.ledger AND g.statements_within IS NOT NULL);
END
$$;
COMMENT ON FUNCTION dunning.back_test(dunning.dunning_procedure, date, date, name) IS
	'What nightly runs with a procedure would have raised for the items of a ledger, by month, channel and currency, beside what was sent. It takes the payments that there were, so it does not say what would have been paid';
