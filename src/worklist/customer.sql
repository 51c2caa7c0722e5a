-- The decision on the open items of a customer, for procedures by customer.

-- An expression for the planner to throw everything away by, if there is no such procedure.
CREATE FUNCTION _dunning.any_by_customer() RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN '(SELECT EXISTS (SELECT FROM dunning.procedure AS any_procedure WHERE _dunning.by_customer(any_procedure.procedure)))';
COMMENT ON FUNCTION _dunning.any_by_customer() IS 'The scalar subquery that says whether any procedure is by customer';

-- Whether items of a ledger can be decided on by customer.
CREATE FUNCTION _dunning.by_customers(ledger name) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN EXISTS (SELECT FROM dunning.procedure AS p JOIN dunning.ledger AS l ON l.ledger = by_customers.ledger
		WHERE _dunning.by_customer(p.procedure) AND (p.name = l.procedure OR l.columns ->> 'procedure' IS NOT NULL
			OR EXISTS (SELECT FROM dunning.assignment AS a WHERE a.ledger = l.ledger AND a.kind = 'procedure' AND a.value = p.name)));
COMMENT ON FUNCTION _dunning.by_customers(name) IS 'Whether items of a ledger can have a procedure by customer: its own, one that they name, or one that is assigned';

-- The items of the payers of items: a customer is decided on as a whole.
CREATE FUNCTION _dunning.payers_source(ledger name, as_of date, items dunning.item_key[]) RETURNS text
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	payers dunning.item_key[];
BEGIN
	IF items IS NULL THEN
		RETURN _dunning.items_source(ledger, as_of);
	END IF;
	EXECUTE format('SELECT coalesce(array_agg(DISTINCT i.payer) FILTER (WHERE i.payer IS NOT NULL), ''{}'') FROM %s AS i', _dunning.keys_source(ledger, as_of, items)) INTO payers;
	RETURN _dunning.keys_source(ledger, as_of, payers, CASE WHEN _dunning.has_payers(ledger) THEN 'payer' ELSE 'customer' END);
END
$$;
COMMENT ON FUNCTION _dunning.payers_source(name, date, dunning.item_key[]) IS
	'What stands in a FROM clause for all items of the payers of some items of a ledger, or for all items for NULL, read as dunning.ledger_reader says';

CREATE FUNCTION _dunning.last_sent_query(day text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('SELECT r.ledger, coalesce(r.payer, r.customer) AS payer, r.company, r.currency, max(coalesce(r.sent_on, r.skipped_on)) AS last_on FROM dunning.reminder AS r '
		'WHERE coalesce(r.sent_on, r.skipped_on) <= %1$s AND (r.cancelled_on IS NULL OR r.cancelled_on > %1$s) AND NOT _dunning.of_event(r.step) GROUP BY 1, 2, 3, 4', day);
COMMENT ON FUNCTION _dunning.last_sent_query(text) IS 'The query of the last day on which a reminder was sent to a payer or skipped, by a day, an SQL expression; those of rejections do not count';

-- Slim, so that what nobody reads of an item is not computed.  Items of other procedures
-- count for what is owed, and their credits.
CREATE FUNCTION _dunning.customers_query(worklist text, day text, columns text DEFAULT '', ahead boolean DEFAULT false) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN _dunning.fill($customers$
	WITH w AS MATERIALIZED (
		SELECT x.*, row_number() OVER (PARTITION BY x.ledger, x.payer, x.company, x.currency, x.counts ORDER BY x.item, x.part) AS nth,
			dense_rank() OVER (ORDER BY x.ledger, x.payer, x.company, x.currency) AS customer_nth
		FROM (
			SELECT v.ledger, v.item, v.part, v.reference, v.customer, v.customer_name, v.payer, v.payer_name, v.company, v.currency,
				v.due_on, v.open_amount, v.procedure, v.procedure_name,
				v.decided_facts, v.asked_amount, v.asked_by_hand, v.held_by_machine, v.held_by_hand, v.nets, v.decided_calendar,
				v.problem IS NULL AND v.dunnable AND v.payer IS NOT NULL AS counts<columns>
			FROM (<worklist>) AS v
		) AS x
	), q AS (
		SELECT DISTINCT ON (w.customer_nth, w.procedure_name) w.customer_nth, w.procedure_name, w.procedure, w.ledger, w.payer,
			w.company, w.currency, w.decided_calendar
		FROM w WHERE w.counts AND _dunning.by_customer(w.procedure)
		ORDER BY w.customer_nth, w.procedure_name
	), m AS (
		SELECT q.customer_nth, q.procedure_name, array_agg(w.due_on ORDER BY w.nth) AS due_on,
			array_agg(w.decided_facts ORDER BY w.nth) AS facts,
			array_agg(w.open_amount ORDER BY w.nth) AS open_amount, array_agg(CASE WHEN w.procedure_name = q.procedure_name
				THEN w.asked_amount ELSE 0 END ORDER BY w.nth) AS asked_amount,
			array_agg(CASE WHEN w.procedure_name = q.procedure_name THEN w.asked_by_hand END ORDER BY w.nth) AS asked_by_hand,
			array_agg(w.nets ORDER BY w.nth) AS nets
		FROM q JOIN w ON w.customer_nth = q.customer_nth AND w.counts
		GROUP BY q.customer_nth, q.procedure_name
	), c AS MATERIALIZED (
		SELECT q.customer_nth, q.procedure_name,
			_dunning.decide_customer(q.procedure, <day>, m.due_on, m.facts, m.open_amount, m.asked_amount, m.nets, l.last_on,
				q.decided_calendar, q.currency, <ahead>, m.asked_by_hand) AS decision
		FROM q JOIN m ON m.customer_nth = q.customer_nth AND m.procedure_name = q.procedure_name
		LEFT JOIN (<last>) AS l ON l.ledger = q.ledger AND l.payer = q.payer AND l.company IS NOT DISTINCT FROM q.company
			AND l.currency IS NOT DISTINCT FROM q.currency
	)
	SELECT w.*, c.decision, (c.decision).levels[w.nth] AS takes, (c.decision).occurrences[w.nth] AS takes_again
	FROM w LEFT JOIN c ON c.customer_nth = w.customer_nth AND c.procedure_name = w.procedure_name AND w.counts
$customers$, VARIADIC ARRAY['ahead', ahead::text, 'last', _dunning.last_sent_query('<day>'), 'day', day, 'columns', columns,
		'worklist', worklist]);	-- last, since it holds keys
COMMENT ON FUNCTION _dunning.customers_query(text, text, text, boolean) IS
	'The query of the items of a work list with the decision on the customer of each, and the step (from 1; 0: none) that it takes by it, from the query of _dunning.customers_worklist and its day, an SQL expression; columns: more of the work list; ahead: with the day on which to ask again';

CREATE FUNCTION _dunning.customers_worklist(items text, day text, reminders text DEFAULT 'true', as_seen boolean DEFAULT false,
	bears text DEFAULT 'false',
		procedures text DEFAULT 'dunning.procedure') RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN _dunning.worklist_query(items, bears, day, reminders, procedures, as_seen,
		more => ', n.facts AS decided_facts, n.asked AS asked_amount, n.by_hand AS asked_by_hand, h.held_amount AS held_by_machine, h.held_manual AS held_by_hand, g.calendar AS decided_calendar, '
			|| _dunning.netted_query('o.ledger', 'o.kind', 'o.open_amount') || ' AS nets, o.salesperson, o.identifier');
COMMENT ON FUNCTION _dunning.customers_worklist(text, text, text, boolean, text, text) IS
	'The query of dunning.worklist with what the decision on a customer needs of an item, as _dunning.worklist_query has it';

-- One row a payer, company and currency.  Every open item is in it, so that it adds up to the books.
CREATE FUNCTION _dunning.customer_worklist_query(items text, day text, bears text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN _dunning.fill($q$
	WITH z AS MATERIALIZED (
		SELECT w.*, CASE WHEN w.decision IS NULL THEN w.own_state ELSE (w.decision).state END AS state, CASE WHEN w.decision IS NULL
			THEN w.own_level ELSE (w.decision).level END AS level,
			CASE WHEN w.decision IS NULL THEN w.own_step ELSE (w.decision).step END AS step, CASE WHEN w.decision IS NULL
				THEN w.own_channel ELSE (w.decision).channel END AS channel,
			CASE WHEN w.decision IS NULL THEN w.own_label ELSE (w.decision).label END AS label, CASE WHEN w.decision IS NULL
				THEN w.own_manual ELSE (w.decision).manual END AS manual,
			CASE WHEN w.decision IS NULL THEN w.own_step_on ELSE (w.decision).step_on END AS step_on, CASE WHEN w.decision IS NULL
				THEN w.own_reason ELSE (w.decision).reason END AS reason
		FROM (<customers>) AS w
	), step AS (
		SELECT DISTINCT ON (z.customer_nth) z.customer_nth, z.state, z.level, z.step, z.channel, z.label, z.manual, z.step_on,
			z.reason, z.procedure_name, z.email, z.phone, z.language, z.item, z.customer, z.class, z.salesperson
		FROM z
		ORDER BY z.customer_nth, z.open_amount > 0 DESC, (z.state = 'due') IS TRUE DESC, z.step_on, z.level DESC, z.item, z.part
	), fee AS (
		SELECT r.ledger, r.item, r.part, r.fee_currency, sum(r.fee) AS fees FROM dunning.reminder AS r
		WHERE r.fee <> 0 AND r.sent_on <= <day> AND (r.cancelled_on IS NULL OR r.cancelled_on > <day>)
		GROUP BY r.ledger, r.item, r.part, r.fee_currency
	), money AS (
		SELECT z.customer_nth, z.ledger, z.payer, min(z.payer_name) AS payer_name, z.company, z.currency, count(*) AS items,
			count(*) FILTER (WHERE z.late) AS overdue_items,
			min(z.due_on) FILTER (WHERE z.late) AS oldest_due_on, coalesce(sum(z.open_amount), 0) AS balance,
				coalesce(sum(z.open_amount) FILTER (WHERE z.open_amount > 0), 0) AS open_amount,
			coalesce(sum(z.open_amount) FILTER (WHERE z.late), 0) AS overdue_amount,
				coalesce(- sum(z.open_amount) FILTER (WHERE z.open_amount < 0), 0) AS credit_amount,
			coalesce(- sum(z.open_amount) FILTER (WHERE z.open_amount < 0 AND z.nets), 0) AS netted_amount,
			coalesce(sum(CASE WHEN z.own_state = 'held' THEN z.open_amount ELSE z.held_by_machine END) FILTER (WHERE z.open_amount > 0),
				0) AS held_amount,
			max(z.own_until_on) FILTER (WHERE z.own_state = 'held') AS held_until,
				max(z.own_until_on) FILTER (WHERE z.own_state = 'held' AND z.own_reason_name = 'promise') AS promised_until,
			sum(z.late_interest) AS late_interest, sum(z.late_fee) AS late_fee,
				CASE WHEN count(DISTINCT z.compensation_currency) <= 1 THEN coalesce(sum(z.compensation), 0) END AS compensation,
			CASE WHEN count(DISTINCT z.compensation_currency) = 1 THEN min(z.compensation_currency) END AS compensation_currency,
			coalesce(sum(f.fees), 0) AS fees, CASE WHEN count(DISTINCT z.identifier) = 1 THEN min(z.identifier) END AS identifier,
				max(z.own_last_on) AS last_on, count(*) FILTER (WHERE z.problem IS NOT NULL) AS problems,
			array_agg(DISTINCT z.customer) FILTER (WHERE (SELECT EXISTS (SELECT FROM dunning.contact))) || z.payer AS customers
		FROM (SELECT z.*, (z.open_amount > 0 AND z.due_on < <day>) IS TRUE AS late FROM z) AS z
		LEFT JOIN fee AS f ON f.ledger = z.ledger AND f.item = z.item AND f.part = z.part AND f.fee_currency = z.currency
		GROUP BY z.customer_nth, z.ledger, z.payer, z.company, z.currency
	)
	SELECT m.ledger, m.payer, m.payer_name, s.email, s.phone, s.language, m.company, m.currency, m.items, m.overdue_items,
		m.oldest_due_on, dunning.days_past_due(m.oldest_due_on, <day>) AS days_past_due,
		m.balance, m.open_amount, m.overdue_amount, m.credit_amount, m.netted_amount, m.held_amount, m.held_until, m.promised_until,
		m.late_interest, m.late_fee, m.compensation, m.compensation_currency, m.fees,
		m.open_amount - m.netted_amount + m.late_interest + m.late_fee + m.fees
			+ CASE WHEN m.compensation = 0 OR m.compensation_currency = m.currency THEN m.compensation END AS owed_in_all,
		s.state, s.level, s.step, s.channel, s.label, s.manual, s.step_on, s.reason, s.procedure_name, m.last_on, m.problems,
		-- of the item whose step it is
		<owner> AS owner, m.identifier,
		(SELECT max(h.on_day) FROM dunning.contact AS h WHERE h.ledger = m.ledger AND h.customer = ANY (m.customers) AND h.kind <> 'note'
			AND h.on_day <= <day>
			AND h.cancelled_at IS NULL) AS last_contact_on
	FROM money AS m JOIN step AS s ON s.customer_nth = m.customer_nth
$q$, VARIADIC ARRAY[
	'owner', _dunning.duty_query(_dunning.owner_query('m.ledger', 's.item', 's.customer', 's.class', 's.salesperson', '<day>', 's.step',
		's.channel'), '<day>'),
	'day', day,
	'customers', _dunning.customers_query(_dunning.customers_worklist(items, day, bears => bears), day,
		', v.problem, v.state AS own_state, v.level AS own_level, v.step AS own_step, v.channel AS own_channel, v.label AS own_label, v.manual AS own_manual, v.step_on AS own_step_on, '
		'v.reason AS own_reason, v.reason_name AS own_reason_name, v.until_on AS own_until_on, v.last_on AS own_last_on, v.email, v.phone, v.language, '
		'v.late_interest, v.late_fee, v.compensation, v.compensation_currency, v.class, v.salesperson, v.identifier')]);
COMMENT ON FUNCTION _dunning.customer_worklist_query(text, text, text) IS 'The query of dunning.customer_worklist, from what _dunning.worklist_query takes';

-- The query is the text of a function, since pg_upgrade restores views before the
-- operator class that puts keys in order.
DO $$
DECLARE
	query CONSTANT text := _dunning.customer_worklist_query('dunning.open_item', 'dunning.today()', _dunning.bears_condition('dunning.today()'));
	columns text;
BEGIN
	EXECUTE 'CREATE VIEW _dunning.customer_row AS ' || query;
	SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum) INTO columns
	FROM pg_attribute AS a WHERE a.attrelid = '_dunning.customer_row'::regclass AND a.attnum > 0;
	DROP VIEW _dunning.customer_row;
	EXECUTE format('CREATE FUNCTION _dunning.customer_rows() RETURNS TABLE (%s) LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS %L', columns, query);
END
$$;
COMMENT ON FUNCTION _dunning.customer_rows() IS 'The rows of dunning.customer_worklist';
CREATE VIEW dunning.customer_worklist WITH (security_invoker = true) AS SELECT c.* FROM _dunning.customer_rows() AS c;
COMMENT ON VIEW dunning.customer_worklist IS 'One row a payer, company and currency of the open items on dunning.today(): what he owes, what holds him, and his next step. Every open item is counted once';
DO $$
DECLARE
	c record;
BEGIN
	FOR c IN SELECT * FROM (VALUES
		('ledger', 'Ledger of the items'), ('payer', 'Key of who pays; NULL: of items without a customer'), ('payer_name', 'Name of the payer'), ('email', 'E-mail address for reminders'),
		('phone', 'Telephone number for reminders'), ('language', 'Language for reminders'), ('company', 'Company of the items'), ('currency', 'Currency of the amounts'),
		('items', 'Number of open items, credits too'), ('overdue_items', 'How many of them are past due'), ('oldest_due_on', 'Due date of the oldest item that is past due'),
		('days_past_due', 'Its days past due'), ('balance', 'Sum of all open amounts, less all credits'), ('open_amount', 'Sum of the open amounts, without credits'),
		('overdue_amount', 'What of it is past due'), ('credit_amount', 'Sum of the credits'), ('netted_amount', 'What of the credits is set off, by the setting netting'),
		('held_amount', 'What of the open amount holds keep from being asked for'), ('held_until', 'Last day of the longest hold of an item'), ('promised_until', 'Last day of the longest promise of an item'),
		('late_interest', 'Late interest up to the day; NULL if that of no item can be computed'), ('late_fee', 'Late fees by period up to the day'), ('compensation', 'Fixed compensation; NULL if it is in several currencies'),
		('compensation_currency', 'Currency of the compensation'), ('fees', 'Fees of reminders that were sent for open items, in the currency of the items'),
		('owed_in_all', 'Open amount less what is set off, interest, late fees, fees and compensation; NULL if the compensation has another currency'),
		('state', 'State of the next step: by customer, or of the most urgent item'), ('level', 'Place of the next step in its procedure'), ('step', 'Day of the next step, counted from the due date'),
		('channel', 'Channel of the next step'), ('label', 'Label of the next step'), ('manual', 'Whether a person takes it'), ('step_on', 'Day on which it falls due'),
		('reason', 'What the state follows from, credit too: his credits are as high as what he is asked for'), ('procedure_name', 'Procedure of the step'),
		('last_on', 'Day of the last reminder of an open item'), ('problems', 'Number of items of which no step can be taken'),
		('owner', 'Who has to see to the next step: the owner of the item whose step it is, or who stands in for him; NULL: nobody is assigned'),
		('identifier', 'Number by which the customer is known in every ledger; NULL: not known, or customers with several'),
		('last_contact_on', 'Day of the last call, letter, meeting or other contact with him or a customer that he pays for, notes aside')) AS v (name, comment)
	LOOP
		EXECUTE format('COMMENT ON COLUMN dunning.customer_worklist.%I IS %L', c.name, c.comment);
	END LOOP;
END
$$;

CREATE FUNCTION dunning.customer_worklist_as_of(as_of date DEFAULT dunning.today()) RETURNS SETOF dunning.customer_worklist
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
	as_of := coalesce(as_of, dunning.today());
	IF NOT isfinite(as_of) THEN
		RAISE EXCEPTION 'no work list is possible on %', as_of
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a day, or leave as_of out for dunning.today().';
	END IF;
	RETURN QUERY EXECUTE _dunning.customer_worklist_query(format('dunning.open_items(%L::date)', as_of), format('%L::date', as_of),
		_dunning.bears_condition(format('%L::date', as_of)));
END
$$;
COMMENT ON FUNCTION dunning.customer_worklist_as_of(date) IS 'The rows of dunning.customer_worklist on a day, from the facts of that day as they are known now; error 22023 for no day';

-- The orders in which customers are worked: what follows from the open items alone, so
-- that it is known of all customers before anything else is computed of any.
CREATE FUNCTION _dunning.customer_order(by text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE by WHEN 'money' THEN 'overdue_amount DESC, oldest_due_on' WHEN 'age' THEN 'oldest_due_on, overdue_amount DESC' END
		|| ', ledger, payer, company, currency';
COMMENT ON FUNCTION _dunning.customer_order(text) IS 'The ORDER BY of dunning.top_customers; NULL for an order that there is not';

CREATE FUNCTION _dunning.top_query(ledger name, items text, day text, by text, number integer) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('SELECT %1$L::name AS ledger, o.payer, o.company, o.currency, coalesce(sum(o.open_amount) FILTER (WHERE o.open_amount > 0 AND o.due_on < %3$s), 0) AS overdue_amount, '
		'min(o.due_on) FILTER (WHERE o.open_amount > 0 AND o.due_on < %3$s) AS oldest_due_on FROM %2$s AS o WHERE (o.open_amount <> 0 OR o.open_amount IS NULL) AND %4$s '
		'GROUP BY o.payer, o.company, o.currency ORDER BY %5$s LIMIT %6$s',
		ledger, items, day, _dunning.scope_condition(quote_literal(ledger) || '::name', 'o.company'), _dunning.customer_order(by), number);
COMMENT ON FUNCTION _dunning.top_query(name, text, text, text, integer) IS
	'The query of the first customers of a ledger by an order of dunning.top_customers, from its items in a FROM clause and a day, an SQL expression';

-- Only the customers that are asked for are computed, so that the list costs little
-- more than one sum over the open items.
CREATE FUNCTION dunning.top_customers(number integer DEFAULT 100, by text DEFAULT 'money', ledger name DEFAULT NULL,
	as_of date DEFAULT dunning.today())
		RETURNS SETOF dunning.customer_worklist
	LANGUAGE plpgsql ROWS 100 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	l record;
	day text;
	sort CONSTANT text := coalesce(by, 'money');
	customers text;
	sources text[] := '{}';
BEGIN
	as_of := coalesce(as_of, dunning.today());
	number := coalesce(number, 100);
	IF NOT isfinite(as_of) THEN
		RAISE EXCEPTION 'no work list is possible on %', as_of
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a day, or leave as_of out for dunning.today().';
	END IF;
	IF (number BETWEEN 1 AND 10000) IS NOT TRUE THEN
		RAISE EXCEPTION 'a list of % customers is not possible', number
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give 1 to 10000, or read dunning.customer_worklist for all of them.';
	END IF;
	IF _dunning.customer_order(sort) IS NULL THEN
		RAISE EXCEPTION 'customers cannot be listed by "%"', sort
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give money, the largest overdue amount first, or age, the oldest due date first.';
	END IF;
	IF ledger IS NOT NULL THEN
		PERFORM _dunning.need_ledger(ledger);
	END IF;
	day := format('%L::date', as_of);
	customers := (SELECT string_agg(format('(%s)', _dunning.top_query(f.ledger, _dunning.items_source(f.ledger, as_of, whole => true),
		day, sort, number)), ' UNION ALL ')
		FROM dunning.ledger AS f WHERE f.state = 'adopted' AND (top_customers.ledger IS NULL OR f.ledger = top_customers.ledger));
	IF customers IS NULL THEN
		RETURN;
	END IF;
	FOR l IN EXECUTE format('SELECT t.ledger, array_agg(DISTINCT t.payer) FILTER (WHERE t.payer IS NOT NULL) AS payers, bool_or(t.payer IS NULL) AS nobody '
		'FROM (SELECT * FROM (%s) AS u ORDER BY %s LIMIT %s) AS t GROUP BY t.ledger', customers, _dunning.customer_order(sort), number)
	LOOP
		IF l.payers IS NOT NULL THEN
			sources := sources || _dunning.keys_source(l.ledger, as_of, l.payers, CASE WHEN _dunning.has_payers(l.ledger) THEN 'payer'
				ELSE 'customer' END);
		END IF;
		IF l.nobody THEN
			sources := sources || _dunning.items_source(l.ledger, as_of, 'i.payer IS NULL');
		END IF;
	END LOOP;
	IF sources = '{}' THEN
		RETURN;
	END IF;
	RETURN QUERY EXECUTE format('SELECT c.* FROM (%s) AS c ORDER BY %s LIMIT %s', _dunning.customer_worklist_query(
		(SELECT format('(SELECT o.* FROM (%s) AS o WHERE o.open_amount <> 0 OR o.open_amount IS NULL)', string_agg(format('SELECT i.* FROM %s AS i', u), ' UNION ALL '))
			FROM unnest(sources) AS u), day, _dunning.bears_condition(day)), _dunning.customer_order(sort), number);
END
$$;
COMMENT ON FUNCTION dunning.top_customers(integer, text, name, date) IS
	'The first rows of dunning.customer_worklist on a day, of a ledger or, for NULL, of all: by money those with the largest overdue amounts, by age those with the oldest due dates. Much faster than the whole list. Error 22023 for another order or number';
