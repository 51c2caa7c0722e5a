-- The decision on the open items of a customer, for procedures by customer.

-- An expression for the planner to throw everything away by, if there is no such procedure.
CREATE FUNCTION _dunning.any_by_customer() RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN '(SELECT EXISTS (SELECT FROM dunning.procedure AS any_procedure WHERE _dunning.by_customer(any_procedure.procedure)))';
COMMENT ON FUNCTION _dunning.any_by_customer() IS 'The scalar subquery that says whether any procedure is by customer';

CREATE FUNCTION _dunning.last_sent_query(day text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('SELECT r.ledger, coalesce(r.payer, r.customer) AS payer, r.company, r.currency, max(coalesce(r.sent_on, r.skipped_on)) AS last_on FROM dunning.reminder AS r '
		'WHERE coalesce(r.sent_on, r.skipped_on) <= %1$s AND (r.cancelled_on IS NULL OR r.cancelled_on > %1$s) AND NOT r.step ^@ ''reject'' GROUP BY 1, 2, 3, 4', day);
COMMENT ON FUNCTION _dunning.last_sent_query(text) IS 'The query of the last day on which a reminder was sent to a payer or skipped, by a day, an SQL expression; those of rejections do not count';

-- Slim, so that what nobody reads of an item is not computed.  Items of other procedures
-- count for what is owed, and their credits.
CREATE FUNCTION _dunning.customers_query(worklist text, day text, columns text DEFAULT '', ahead boolean DEFAULT false) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN replace(replace(replace(replace(replace($customers$
	WITH w AS MATERIALIZED (
		SELECT x.*, row_number() OVER (PARTITION BY x.ledger, x.payer, x.company, x.currency ORDER BY x.item, x.part) AS nth,
			dense_rank() OVER (ORDER BY x.ledger, x.payer, x.company, x.currency) AS customer_nth
		FROM (
			SELECT v.ledger, v.item, v.part, v.reference, v.customer, v.customer_name, v.payer, v.payer_name, v.company, v.currency, v.due_on, v.open_amount, v.procedure, v.procedure_name,
				v.decided_facts, v.asked_amount, v.held_by_machine, v.held_by_hand, v.nets, v.decided_calendar<columns>
			FROM (<worklist>) AS v
			WHERE v.problem IS NULL AND v.dunnable AND v.payer IS NOT NULL
		) AS x
	), q AS (
		SELECT DISTINCT ON (w.customer_nth, w.procedure_name) w.customer_nth, w.procedure_name, w.procedure, w.ledger, w.payer, w.company, w.currency, w.decided_calendar
		FROM w WHERE _dunning.by_customer(w.procedure)
		ORDER BY w.customer_nth, w.procedure_name
	), m AS (
		SELECT q.customer_nth, q.procedure_name, array_agg(w.due_on ORDER BY w.nth) AS due_on, array_agg(w.decided_facts ORDER BY w.nth) AS facts,
			array_agg(w.open_amount ORDER BY w.nth) AS open_amount, array_agg(CASE WHEN w.procedure_name = q.procedure_name THEN w.asked_amount ELSE 0 END ORDER BY w.nth) AS asked_amount,
			array_agg(w.nets ORDER BY w.nth) AS nets
		FROM q JOIN w ON w.customer_nth = q.customer_nth
		GROUP BY q.customer_nth, q.procedure_name
	), c AS MATERIALIZED (
		SELECT q.customer_nth, q.procedure_name,
			_dunning.decide_customer(q.procedure, <day>, m.due_on, m.facts, m.open_amount, m.asked_amount, m.nets, l.last_on, q.decided_calendar, q.currency, <ahead>) AS decision
		FROM q JOIN m ON m.customer_nth = q.customer_nth AND m.procedure_name = q.procedure_name
		LEFT JOIN (<last>) AS l ON l.ledger = q.ledger AND l.payer = q.payer AND l.company IS NOT DISTINCT FROM q.company AND l.currency IS NOT DISTINCT FROM q.currency
	)
	SELECT w.*, c.decision, (c.decision).levels[w.nth] AS takes, (c.decision).occurrences[w.nth] AS takes_again
	FROM w LEFT JOIN c ON c.customer_nth = w.customer_nth AND c.procedure_name = w.procedure_name
$customers$, '<ahead>', ahead::text), '<last>', _dunning.last_sent_query('<day>')), '<day>', day), '<columns>', columns), '<worklist>', worklist);	-- last, since it holds keys
COMMENT ON FUNCTION _dunning.customers_query(text, text, text, boolean) IS
	'The query of the items of a work list with the decision on the customer of each, and the step (from 1; 0: none) that it takes by it, from the query of _dunning.customers_worklist and its day, an SQL expression; columns: more of the work list; ahead: with the day on which to ask again';

CREATE FUNCTION _dunning.customers_worklist(items text, day text, reminders text DEFAULT 'true', as_seen boolean DEFAULT false, bears text DEFAULT 'false') RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN _dunning.worklist_query(items, bears, day, reminders, as_seen => as_seen,
		more => ', e.facts AS decided_facts, e.asked AS asked_amount, h.held_amount AS held_by_machine, h.held_manual AS held_by_hand, g.calendar AS decided_calendar, '
			|| _dunning.netted_query('o.ledger', 'o.kind', 'o.open_amount') || ' AS nets');
COMMENT ON FUNCTION _dunning.customers_worklist(text, text, text, boolean, text) IS
	'The query of dunning.worklist with what the decision on a customer needs of an item, as _dunning.worklist_query has it';
