-- The work list: the next step of each open item.

CREATE FUNCTION _dunning.no_rule(name text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('penalty rule "%s" of dunning.ledger_rule does not exist', name);
COMMENT ON FUNCTION _dunning.no_rule(text) IS 'What is said of an item whose penalty rule does not exist';

-- What dunning.decide gets of an item, also for who decides on all items of a customer.
CREATE FUNCTION _dunning.decided_facts() RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN $facts$CASE WHEN f.flag IS NULL AND o.rejects IS NULL THEN f.facts
				ELSE _dunning.join_facts(_dunning.join_facts(coalesce(f.facts, '{}'), coalesce(_dunning.hold_fact(f.flag, <day>,
					CASE WHEN f.flag = 'bill_of_exchange' THEN least(o.matures_on, '9999-12-31') END,
					stops => CASE WHEN f.flag = 'statements' OR f.flag NOT IN ('erp_disputed', 'erp_held', 'bill_of_exchange', 'tolerance') AND h.held_manual < o.open_amount
						THEN 'automatic' ELSE 'all' END), '{}')), coalesce(o.rejects, '{}')) END$facts$;
COMMENT ON FUNCTION _dunning.decided_facts() IS 'The facts that decide on an item in _dunning.worklist_query, an SQL expression';

CREATE FUNCTION _dunning.asked_amount() RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN $asked$CASE WHEN h.held_amount = 0 OR f.flag IN ('erp_disputed', 'erp_held', 'bill_of_exchange', 'tolerance') THEN o.open_amount
				WHEN h.held_amount < o.open_amount THEN o.open_amount - h.held_amount
				WHEN h.held_manual < o.open_amount THEN o.open_amount - h.held_manual ELSE o.open_amount END$asked$;
COMMENT ON FUNCTION _dunning.asked_amount() IS 'What an item is asked for in _dunning.worklist_query, an SQL expression';

CREATE FUNCTION _dunning.asked_by_hand() RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN $asked$CASE WHEN h.held_manual < h.held_amount AND h.held_amount < o.open_amount
				AND (f.flag IN ('erp_disputed', 'erp_held', 'bill_of_exchange', 'tolerance')) IS NOT TRUE THEN o.open_amount - h.held_manual END$asked$;
COMMENT ON FUNCTION _dunning.asked_by_hand() IS
	'What a person asks for in _dunning.worklist_query, an SQL expression: more than a machine, if amounts are held that stop automatic steps only; NULL: the same';

-- The preview of the run: what each open item is at, and what is to be done.
-- The view reads the items of all ledgers, a run those of one.
CREATE FUNCTION _dunning.worklist_query(items text, bears text, day text DEFAULT 'dunning.today()', reminders text DEFAULT 'true',
		procedures text DEFAULT 'dunning.procedure', as_seen boolean DEFAULT false, more text DEFAULT '') RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN _dunning.fill($worklist$
	SELECT o.ledger, o.item, o.part, o.reference, o.customer, o.customer_name, o.payer, o.payer_name, o.email, o.phone,
		<language> AS language, o.company, o.currency, o.issued_on, o.due_on, o.amount, o.open_amount,
		CASE WHEN (n.decision).manual THEN h.held_manual ELSE h.held_amount END AS held_amount,
		dunning.item_status(o.open_amount, o.due_on, <day>) AS status,
		dunning.days_past_due(o.due_on, <day>) AS days_past_due,
		dunning.aging_bucket(<ages_from>, <day>, s.scheme) AS bucket,
		dunning.bucket_label(<ages_from>, <day>, s.scheme) AS bucket_label,
		(k.penalty).interest AS late_interest,
		CASE WHEN (k.penalty).compensation > 0 AND <bears> THEN 0 ELSE (k.penalty).compensation END AS compensation,
		(k.penalty).currency AS compensation_currency,
		(k.penalty).late_fee,
		(n.decision).level, (n.decision).step, (n.decision).occurrence, (n.decision).channel, (n.decision).label, (n.decision).manual,
		(n.decision).step_on, (n.decision).state, (n.decision).until_on, (n.decision).changes_on,
		(n.decision).reason, (n.decision).reason_name, (n.decision).reason_on,
		(n.decision).last_step, (n.decision).last_channel, (n.decision).last_on,
		coalesce(o.disputed, false) AS disputed,
		coalesce(o.held, false) AS held,
		p.procedure,
		CASE
			WHEN o.dunnable IS FALSE THEN NULL
			WHEN o.item IS NULL THEN 'the key is missing'
			WHEN pg_column_size(o.item) > 2004 OR pg_column_size(o.customer) > 2004 THEN 'a key is longer than 2000 bytes'
			WHEN o.open_amount IS NULL THEN 'the open amount is missing'
			WHEN o.open_amount IN ('NaN', 'Infinity', '-Infinity') THEN 'the open amount is not a number'
			WHEN o.open_amount <= 0 THEN NULL
			WHEN o.due_on IS NULL THEN 'the due date is missing'
			WHEN o.due_on = '-infinity' THEN 'the due date is not a day'
			WHEN p.procedure IS NULL THEN format('dunning procedure "%s" does not exist', <procedure name>)
			WHEN o.payer IS NULL AND _dunning.by_customer(p.procedure) THEN 'the customer is missing'
			WHEN (n.decision).reason_name = 'too_many_facts' THEN 'the item has more than 1000 reminders and holds'
		END AS problem,
		o.as_of_known,
		coalesce(o.dunnable, true) AS dunnable,
		o.document,
		CASE WHEN x.rule IS NOT NULL AND b.name IS NULL THEN _dunning.no_rule(x.rule) ELSE (k.penalty).problem END AS penalty_problem,
		CASE WHEN q.rule IS NOT NULL THEN CASE WHEN o.professional IS FALSE AND c.rule IS NOT NULL THEN c.name ELSE b.name END END AS rule,
		p.name AS procedure_name,
		o.kind,
		o.class,
		<owner> AS owner,
		(n.decision).also_due<more>
	FROM <items> AS o
	JOIN dunning.ledger AS l ON l.ledger = o.ledger
	LEFT JOIN dunning.scheme AS s ON s.name = coalesce(<scheme>, l.scheme)
	-- as _dunning.rule_choices has it
	LEFT JOIN dunning.ledger_rule AS x ON x.ledger = o.ledger AND x.value = coalesce(<rule by>, o.currency)
	LEFT JOIN dunning.rule AS a ON a.name = <rule by>
	LEFT JOIN dunning.rule AS b
		ON b.name = CASE WHEN x.value IS NOT NULL THEN x.rule WHEN a.name IS NOT NULL THEN a.name ELSE l.rule END
	LEFT JOIN dunning.rule AS c ON c.name = CASE WHEN x.value IS NOT NULL THEN x.consumer_rule WHEN a.name IS NOT NULL THEN a.name || '-consumer'
		ELSE l.consumer_rule END
	LEFT JOIN dunning.currency AS y ON y.code = o.currency
	LEFT JOIN <procedures> AS p ON p.name = <procedure name>
	LEFT JOIN dunning.holiday_calendar AS g ON g.name = coalesce(<calendar>, l.calendar)
	CROSS JOIN LATERAL (
		SELECT <reminders> AS reminders, <holds> AS holds, <held> AS held_amount, <held manual> AS held_manual
		OFFSET 0
	) AS h
	-- what the ERP flags holds on the day on which it is read, and so do amounts
	-- that are all that is open, and what is not noted of an item
	CROSS JOIN LATERAL (
		SELECT <known> AS facts, CASE WHEN o.disputed THEN 'erp_disputed' WHEN o.held THEN 'erp_held'
			WHEN o.matures_on >= <day> THEN 'bill_of_exchange'
			WHEN h.held_amount > 0 AND h.held_amount >= o.open_amount AND o.open_amount > 0 THEN <held reason>
			WHEN o.open_amount > 0 AND o.open_amount - h.held_amount < <tolerance> THEN 'tolerance'
			WHEN <old statements> THEN 'statements' END AS flag
	) AS f
	CROSS JOIN LATERAL (
		SELECT dunning.decide(CASE WHEN o.dunnable IS NOT FALSE AND (abs(o.open_amount) < 'Infinity') IS NOT FALSE
			THEN p.procedure END, o.due_on, <day>, <facts>, open_amount => <asked>, calendar => g.calendar, currency => o.currency,
			by_hand => <asked by hand>) AS decision<decided>
		OFFSET 0
	) AS n
	-- the law of the day of the contract, found once an item, and of the items that are wanted only
	CROSS JOIN LATERAL (SELECT coalesce(o.contracted_on, o.issued_on, o.due_on) AS day) AS v
	CROSS JOIN LATERAL (SELECT <runs from> AS due_on, CASE
		WHEN <runs from> IS NULL AND o.due_on IS NOT NULL THEN '0%'
		WHEN o.professional IS FALSE AND c.rule IS NOT NULL
		THEN CASE WHEN (v.day < c.since) IS NOT TRUE THEN c.rule ELSE _dunning.version_on(c.earlier, v.day) END
		WHEN (v.day < b.since) IS NOT TRUE THEN b.rule
		ELSE _dunning.version_on(b.earlier, v.day) END AS rule OFFSET 0) AS q
	-- once an item, and only if a column of it is read
	CROSS JOIN LATERAL (
		SELECT dunning.assess(CASE WHEN o.dunnable IS FALSE OR <written off> >= o.open_amount THEN 0 ELSE o.open_amount END,
			o.history, coalesce(q.due_on, o.due_on), <day>,
			q.rule, o.professional, y.decimals, <paused>, o.currency) AS penalty
		OFFSET 0
	) AS k
	-- whose reminders are hidden would seem to have had none
	WHERE <scope>
$worklist$, VARIADIC ARRAY[
	'procedures', procedures,
	'procedure name', format('coalesce(%s, l.procedure)', _dunning.assigned_of('procedure', 'o', '<day>', 'o.procedure', as_seen)),
	'rule by', _dunning.assigned_of('penalty_rule', 'o', '<day>', 'o.rule_by', as_seen),
	'scheme', _dunning.assigned_of('aging_scheme', 'o', '<day>', as_seen => as_seen),
	'calendar', _dunning.assigned_of('calendar', 'o', '<day>', as_seen => as_seen),
	'language', _dunning.assigned_of('language', 'o', '<day>', 'o.language', as_seen),
	'owner', _dunning.duty_query(_dunning.owner_query('o.ledger', 'o.item', 'o.customer', 'o.class', 'o.salesperson', '<day>',
		'(n.decision).step', '(n.decision).channel', as_seen), '<day>'),
	'scope', _dunning.scope_condition('o.ledger', 'o.company'),
	'reminders', _dunning.reminder_facts('o.ledger', 'o.item', 'o.part', reminders, as_seen),
	'known', format(CASE WHEN as_seen THEN 'dunning.as_seen_on(%s, <day>)' ELSE '%s' END,
		'coalesce(_dunning.join_facts(h.reminders, h.holds), h.reminders, h.holds)'),
	'holds', _dunning.stops_query('o.ledger', 'o.item', 'o.part', 'o.customer', as_seen),
	'held', _dunning.held_amount_query('o.ledger', 'o.item', 'o.part', '<day>', as_seen),
	'held manual', _dunning.held_amount_query('o.ledger', 'o.item', 'o.part', '<day>', as_seen, 'true'),
	'held reason', _dunning.held_reason_query('o.ledger', 'o.item', 'o.part', '<day>', as_seen),
	'tolerance', _dunning.tolerance_query('o.ledger', 'o.currency'),
	'old statements', _dunning.old_statements_query('o.ledger', 'o.company', '<day>'),
	'written off', _dunning.written_off_query('o.ledger', 'o.item', 'o.part', 'o.customer', '<day>'),
	'runs from', format('CASE CASE WHEN o.professional IS FALSE AND c.rule IS NOT NULL THEN c.runs_from ELSE b.runs_from END WHEN ''formal notice'' THEN %s ELSE o.due_on END',
		_dunning.noticed_query('o.ledger', 'o.item', 'o.part', 'o.due_on', '<day>')),
	'paused', _dunning.paused_query('o.ledger', 'o.item', 'o.part', 'o.customer', '<day>'),
	'ages_from', format('CASE WHEN o.due_on < <day> AND o.open_amount > 0 AND %s >= o.open_amount THEN <day> ELSE o.due_on END',
		_dunning.not_overdue_query('o.ledger', 'o.item', 'o.part', 'o.customer', '<day>')),
	'bears', bears,
	'more', more,
	'decided', CASE WHEN more = '' THEN '' ELSE ', <facts> AS facts, <asked> AS asked, <asked by hand> AS by_hand' END,
	'facts', _dunning.decided_facts(),
	'asked', _dunning.asked_amount(),
	'asked by hand', _dunning.asked_by_hand(),
	'day', day,
	'items', items]);	-- last, since it holds keys
COMMENT ON FUNCTION _dunning.worklist_query(text, text, text, text, text, boolean, text) IS
	'The query of dunning.worklist over items (o) that stand in its FROM clause, the condition that another item bears the compensation of their document, the day, the condition of the reminders (m) that count, what stands in its FROM clause for the procedures, whether it sees only what was noted by that day, and what else it selects';

CREATE FUNCTION _dunning.bears_condition(day text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('o.due_on < %1$s AND (o.document IS NOT NULL OR o.part > 1) AND _dunning.document_bears(o.ledger, o.document, o.item, o.part, o.due_on, %1$s)', day);
COMMENT ON FUNCTION _dunning.bears_condition(text) IS 'The condition that another one bears the compensation of the document of an item (o), or of the item of a part, on a day, an expression';

-- A compensation is owed once a document, or once an item in parts: the first of
-- its open items or parts that is late bears it.  Called for those only, so that a
-- ledger without documents and parts does not pay for it.  Its body is a text, since pg_upgrade restores
-- functions before the operator class that compares the rows.
DO $$
BEGIN
	EXECUTE format('CREATE FUNCTION _dunning.document_bears(ledger name, document dunning.item_key, item dunning.item_key, part integer, due_on date, as_of date) '
		'RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS %L',
		format('SELECT CASE WHEN $2 IS NULL THEN EXISTS (SELECT FROM (%1$s) AS w WHERE w.ledger = $1 AND w.item = $3 AND w.part < $4 AND w.compensation > 0) '
			'ELSE EXISTS (SELECT FROM (%1$s) AS w WHERE w.ledger = $1 AND w.document = $2 AND w.compensation > 0 AND (w.due_on, w.item, w.part) < ($5, $3, $4)) END',
			_dunning.worklist_query('dunning.open_items($6)', 'false', '$6')));
	EXECUTE 'CREATE VIEW dunning.worklist WITH (security_invoker = true) AS ' || _dunning.worklist_query('dunning.open_item', _dunning.bears_condition('dunning.today()'));
END
$$;
COMMENT ON FUNCTION _dunning.document_bears(name, dunning.item_key, dunning.item_key, integer, date, date) IS
	'Whether an open item of a document that fell due before another one bears the compensation of the document on a day, or without a document an earlier part of the item';
COMMENT ON VIEW dunning.worklist IS
	'One row an open item on dunning.today(): its status, what it costs, and its next reminder step; reading it changes nothing.  On a past day it sees the reminders of that day';
COMMENT ON COLUMN dunning.worklist.ledger IS 'Ledger of the item';
COMMENT ON COLUMN dunning.worklist.item IS 'Key of the item';
COMMENT ON COLUMN dunning.worklist.part IS 'Part of the item, 1 unless the payment terms split it';
COMMENT ON COLUMN dunning.worklist.reference IS 'What the customer knows the item by';
COMMENT ON COLUMN dunning.worklist.customer IS 'Key of the customer';
COMMENT ON COLUMN dunning.worklist.customer_name IS 'Name of the customer';
COMMENT ON COLUMN dunning.worklist.payer IS 'Key of who pays for the customer; the customer himself unless the ledger says another';
COMMENT ON COLUMN dunning.worklist.payer_name IS 'Name of the payer';
COMMENT ON COLUMN dunning.worklist.email IS 'E-mail address';
COMMENT ON COLUMN dunning.worklist.phone IS 'Telephone number';
COMMENT ON COLUMN dunning.worklist.language IS 'Language of the customer';
COMMENT ON COLUMN dunning.worklist.company IS 'Company of the item';
COMMENT ON COLUMN dunning.worklist.currency IS 'Currency of the amounts and the interest';
COMMENT ON COLUMN dunning.worklist.issued_on IS 'Issue date';
COMMENT ON COLUMN dunning.worklist.due_on IS 'Due date';
COMMENT ON COLUMN dunning.worklist.amount IS 'Amount as issued';
COMMENT ON COLUMN dunning.worklist.open_amount IS 'Open amount';
COMMENT ON COLUMN dunning.worklist.held_amount IS 'What of the open amount is held, so that only the rest is reminded; of a manual step without what stops automatic ones alone';
COMMENT ON COLUMN dunning.worklist.status IS 'Status of the item';
COMMENT ON COLUMN dunning.worklist.days_past_due IS 'Days past due, negative before the due date';
COMMENT ON COLUMN dunning.worklist.bucket IS 'Aging bucket by the scheme of the ledger, from 0; an item of which a hold says that it does not count as overdue stands as due today';
COMMENT ON COLUMN dunning.worklist.bucket_label IS 'Label of the bucket';
COMMENT ON COLUMN dunning.worklist.late_interest IS
	'Late interest up to today, paid or not: on what was open each day, or on the open amount where the ledger has no dated payments, less what holds keep from bearing interest or from being claimed, 0 for a written-off item; NULL if it cannot be computed';
COMMENT ON COLUMN dunning.worklist.compensation IS
	'Fixed compensation that the debtor owes, in compensation_currency; of the items of a document, and of the parts of an item, only the first late one has it';
COMMENT ON COLUMN dunning.worklist.compensation_currency IS 'Currency of the compensation';
COMMENT ON COLUMN dunning.worklist.late_fee IS 'Late fees by period up to today, paid or not; NULL if they cannot be computed';
COMMENT ON COLUMN dunning.worklist.level IS 'Place of the next step in the procedure, from 1';
COMMENT ON COLUMN dunning.worklist.step IS 'Day of the next step, counted from the due date';
COMMENT ON COLUMN dunning.worklist.occurrence IS 'How often the next step will have been taken with this time';
COMMENT ON COLUMN dunning.worklist.channel IS 'Channel of the next step';
COMMENT ON COLUMN dunning.worklist.label IS 'Label of the next step';
COMMENT ON COLUMN dunning.worklist.manual IS 'Whether a person takes the next step';
COMMENT ON COLUMN dunning.worklist.step_on IS 'Day on which the next step falls due';
COMMENT ON COLUMN dunning.worklist.state IS 'State of the next step, as dunning.decide says it';
COMMENT ON COLUMN dunning.worklist.until_on IS 'Last day of the hold that is in force; NULL: none, or nobody said';
COMMENT ON COLUMN dunning.worklist.changes_on IS 'Day on which the answer changes if nothing happens; NULL: never';
COMMENT ON COLUMN dunning.worklist.reason IS 'What the state follows from: due_date, reminder, hold, handover, minimum, payment, rejection or broken';
COMMENT ON COLUMN dunning.worklist.reason_name IS 'Channel of that reminder, reason of that hold, receiver of that handover, code of that rejection, or what was broken';
COMMENT ON COLUMN dunning.worklist.reason_on IS 'Day of that fact';
COMMENT ON COLUMN dunning.worklist.last_step IS 'Day of the last step that was taken, counted from the due date; NULL: none was';
COMMENT ON COLUMN dunning.worklist.last_channel IS 'Channel of the last step that was taken';
COMMENT ON COLUMN dunning.worklist.last_on IS 'Day on which the last reminder was sent, skipped or else raised';
COMMENT ON COLUMN dunning.worklist.disputed IS 'Whether the item is in dispute, which holds its reminders';
COMMENT ON COLUMN dunning.worklist.held IS 'Whether the ERP says not to remind of the item, which holds its reminders';
COMMENT ON COLUMN dunning.worklist.procedure IS 'Dunning procedure of the item';
COMMENT ON COLUMN dunning.worklist.problem IS 'Why no step can be taken; such an item is set aside by the run';
COMMENT ON COLUMN dunning.worklist.as_of_known IS 'False where dunning.today() lies in the past and the open amount of that day is not known';
COMMENT ON COLUMN dunning.worklist.dunnable IS 'False for an item that is never reminded: it has no step, and its interest, compensation and late fees are 0';
COMMENT ON COLUMN dunning.worklist.document IS 'Document that the item is an instalment of; NULL if it stands for itself';
COMMENT ON COLUMN dunning.worklist.penalty_problem IS 'Why the late interest cannot be computed, a missing rate say; it stops no reminder';
COMMENT ON COLUMN dunning.worklist.rule IS 'Name of the penalty rule of the item; NULL: none';
COMMENT ON COLUMN dunning.worklist.procedure_name IS 'Name of the dunning procedure of the item';
COMMENT ON COLUMN dunning.worklist.kind IS 'What the item is: invoice, credit_note, down_payment or receipt';
COMMENT ON COLUMN dunning.worklist.class IS 'Class of the customer';
COMMENT ON COLUMN dunning.worklist.owner IS 'Who has to see to the next step: the owner, or who stands in for him; NULL: nobody is assigned';
COMMENT ON COLUMN dunning.worklist.also_due IS 'Levels of the other steps of the rejection or broken promise that a run takes with the next step; NULL: none';

CREATE FUNCTION dunning.worklist_as_of(as_of date DEFAULT dunning.today(), as_seen boolean DEFAULT false) RETURNS SETOF dunning.worklist
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
	as_of := coalesce(as_of, dunning.today());
	IF NOT isfinite(as_of) THEN
		RAISE EXCEPTION 'no work list is possible on %', as_of
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a day, or leave as_of out for dunning.today().';
	END IF;
	RETURN QUERY EXECUTE _dunning.worklist_query(format('dunning.open_items(%L::date)', as_of), _dunning.bears_condition(format('%L::date', as_of)),
		format('%L::date', as_of), as_seen => as_seen IS TRUE);
END
$$;
COMMENT ON FUNCTION dunning.worklist_as_of(date, boolean) IS
	'The rows of dunning.worklist on a day, from the facts of that day as they are known now, or with as_seen as they were known at the end of that day: what was noted later is not there. Amounts are those that the ledger has for the day. Error 22023 for no day';

-- Nothing else says which steps are taken on a day.  By customer: _dunning.customers_query.
CREATE FUNCTION _dunning.due_query(items text, day text, reminders text DEFAULT 'true') RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format($q$
		SELECT w.ledger, w.item, w.part, w.last_step, w.last_channel, w.customer, w.customer_name, w.payer, w.payer_name,
			w.email, w.phone, w.language, w.company, w.currency, w.reference, w.due_on,
			w.days_past_due, w.open_amount, w.late_interest, w.compensation, w.compensation_currency, w.late_fee,
			w.procedure_name, w.procedure, w.document, w.problem, w.rule, w.penalty_problem,
			t.step, t.level, w.occurrence, t.channel, t.label, t.manual,
			CASE WHEN t.manual THEN w.held_by_hand ELSE w.held_by_machine END AS held_amount, w.state, false AS by_customer
		FROM (%s) AS w
		CROSS JOIN LATERAL (
			SELECT w.step, w.level, w.channel, w.label, w.manual
			UNION ALL
			SELECT s.step, s.level, s.channel, s.label, s.manual FROM dunning.steps(w.procedure) AS s
			WHERE w.also_due IS NOT NULL AND s.level = ANY (w.also_due)
		) AS t
		WHERE w.state = 'due' OR w.state IS NULL AND w.problem IS NOT NULL $q$,
		_dunning.worklist_query(items, 'false', day, reminders, more => ', h.held_amount AS held_by_machine, h.held_manual AS held_by_hand'));
COMMENT ON FUNCTION _dunning.due_query(text, text, text) IS
	'The query of the steps that a run takes of items, decided one by one, and of the items that have a problem, from what _dunning.worklist_query takes';

-- The facts that decide on an item, as they are stored.
CREATE FUNCTION dunning.item_history(ledger name, item dunning.item_key, part integer DEFAULT 1) RETURNS dunning.dunning_history
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	history dunning.dunning_history;
BEGIN
	EXECUTE format('SELECT coalesce(h.reminders + h.holds, h.reminders, h.holds, %L) FROM dunning.ledger_items(dunning.today()) AS o '
			'CROSS JOIN LATERAL (SELECT %s AS reminders, %s AS holds OFFSET 0) AS h WHERE o.ledger = $1 AND o.item = %L::dunning.item_key AND o.part = $2 AND %s',
			'{}', _dunning.reminder_facts('o.ledger', 'o.item', 'o.part', noted => true), _dunning.stops_query('o.ledger', 'o.item', 'o.part', 'o.customer', true),
			item, _dunning.scope_condition('o.ledger', 'o.company'))
		INTO history USING ledger, coalesce(part, 1);
	IF history IS NULL THEN
		PERFORM _dunning.item_not_found(ledger, item);
	END IF;
	RETURN history;
END
$$;
COMMENT ON FUNCTION dunning.item_history(name, dunning.item_key, integer) IS
	'The stored facts of a part of an item, with the days on which they were noted: its reminders, and what holds it, its customer or its ledger. Holds of an amount and the flags of an ERP are not in it. Error 42704 for an unknown ledger, P0002 for an item that is not there';

-- Most items wait for a step that has not come, or have had all of them.  Those are
-- found by one reading of the ledger and one of its reminders, since looking up
-- the reminders of each item is most of what the work list costs.  The planner has to
-- expect many reminders, however poor the statistics, or it may read them all once
-- for each item.
CREATE FUNCTION _dunning.expect_many() RETURNS TABLE (item dunning.item_key, part integer, step text, channel text)
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 100000 SET search_path = pg_catalog, pg_temp AS 'BEGIN END';
COMMENT ON FUNCTION _dunning.expect_many() IS 'No rows, of which the planner expects 100,000: stands beside reminders whose number it may know badly';

CREATE FUNCTION _dunning.items_with_steps(items text, ledger name, day date) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format($items$(
		SELECT s.*
		FROM %1$s AS s
		LEFT JOIN dunning.procedure AS c ON c.name = coalesce(%4$s, (SELECT l.procedure FROM dunning.ledger AS l WHERE l.ledger = %2$L))
		WHERE NOT EXISTS (
			SELECT FROM (
				SELECT r.item, r.part, r.step, r.channel FROM dunning.reminder AS r
				WHERE r.ledger = %2$L AND r.raised_on <= %3$L AND (r.cancelled_on IS NULL OR r.cancelled_on > %3$L)
				UNION ALL
				SELECT e.item, e.part, e.step, e.channel FROM _dunning.expect_many() AS e
			) AS m
			WHERE m.item = s.item AND m.part = s.part AND _dunning.nothing_due(c.procedure, m.step, m.channel, s.due_on, %3$L)
				-- an item with a problem is looked at
				AND s.open_amount > 0 AND s.open_amount < 'Infinity' AND s.due_on > '-infinity' AND (pg_column_size(s.customer) > 2004) IS NOT TRUE
				-- a rejection or a broken promise has steps of its own, and after such a hold the first step may be next again
				AND s.rejects IS NULL AND NOT _dunning.by_customer(c.procedure)
				AND NOT (SELECT EXISTS (SELECT FROM dunning.hold AS h WHERE h.ledger = %2$L AND h.then_do = 'restart'))
				AND s.item NOT IN (SELECT b.item FROM dunning.hold AS b WHERE b.ledger = %2$L AND b.item IS NOT NULL AND b.reason ^@ 'broken_')
		)
	)$items$, items, ledger, day, _dunning.assigned_of('procedure', 's', format('%L::date', day), 's.procedure'));
COMMENT ON FUNCTION _dunning.items_with_steps(text, name, date) IS
	'Of the items of a ledger that stand in a FROM clause those for which a step may have come since their last reminder, or that may have a problem';

-- The work list of one ledger for those who write: as it is on dunning.today(),
-- and read so that nobody's code runs with the rights of a superuser.
CREATE FUNCTION _dunning.ledger_worklist(ledger name, items text DEFAULT 'true', rows text DEFAULT 'true') RETURNS SETOF dunning.worklist
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT w.* FROM (%s) AS w WHERE %s',
		_dunning.worklist_query(_dunning.items_source(ledger, dunning.today(), '(i.open_amount <> 0 OR i.open_amount IS NULL) AND ' || items), 'false'), rows);
END
$$;
COMMENT ON FUNCTION _dunning.ledger_worklist(name, text, text) IS
	'The rows of dunning.worklist of one ledger, read as dunning.ledger_reader says: of the items (i) that meet a condition, those rows (w) that meet another; each has its own compensation, whatever its document';

-- What _dunning.document_bears says of one item, for many documents and items in
-- parts at once.
CREATE FUNCTION _dunning.run_documents(ledger name, documents dunning.item_key[], items dunning.item_key[])
	RETURNS TABLE (key dunning.item_key, of_parts boolean, item dunning.item_key, part integer)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
	IF cardinality(documents) > 0 THEN
		RETURN QUERY EXECUTE format('SELECT DISTINCT ON (w.document) w.document, false, w.item, w.part FROM (%s) AS w WHERE w.compensation > 0 '
				'ORDER BY w.document, w.due_on, w.item, w.part',
			_dunning.worklist_query(_dunning.items_source(ledger, dunning.today(),
				format('i.open_amount > 0 AND i.document = ANY (%L::dunning.item_key[])', documents)), 'false'));
	END IF;
	IF cardinality(items) > 0 THEN
		RETURN QUERY EXECUTE format('SELECT DISTINCT ON (w.item) w.item, true, w.item, w.part FROM (%s) AS w WHERE w.compensation > 0 '
				'ORDER BY w.item, w.part',
			_dunning.worklist_query(_dunning.items_source(ledger, dunning.today(),
				format('i.open_amount > 0 AND i.document IS NULL AND i.item = ANY (%L::dunning.item_key[])', items)), 'false'));
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.run_documents(name, dunning.item_key[], dunning.item_key[]) IS
	'The item of each document that bears its compensation, and the part of each item without a document: the first late one, read as dunning.ledger_reader says';
