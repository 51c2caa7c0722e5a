-- What a collector has to see to, as lists.

CREATE TYPE dunning.rejected_payment AS ( --: A payment that a bank rejected, of an item that is open
	owner text, --: Who has to see to it; NULL: nobody is assigned
	ledger name, --: Ledger of the item
	company text, --: Company of the item
	customer dunning.item_key, --: Key of the customer
	customer_name text, --: Name of the customer
	item dunning.item_key, --: Key of the item
	part integer, --: Part of the item
	reference text, --: What the customer knows the item by
	currency text, --: Currency of the amount
	open_amount numeric, --: What is open of the item
	due_on date, --: Due date of the item
	rejected_on date, --: Day of the rejection
	code text, --: Code of the bank, such as AC04; NULL: none
	rejections bigint --: How many payments of the item were rejected by then
);

CREATE TYPE dunning.open_dispute AS ( --: A dispute that is in force, and whose it is
	owner text, --: Who has to settle it, or stands in: the person in charge, or else the owner of the item; NULL: nobody is assigned
	followed_by text, --: Who looks after the item or the customer; NULL: nobody is assigned
	hold bigint, --: Number of the hold; NULL: the ERP flags the item
	ledger name, --: Ledger of what is in dispute
	company text, --: Company of the item
	customer dunning.item_key, --: Key of the customer
	customer_name text, --: Name of the customer
	item dunning.item_key, --: Key of the item; NULL: all items of the customer
	part integer, --: Part of the item; NULL: all parts
	reference text, --: What the customer knows the item by
	currency text, --: Currency of the amount
	amount numeric, --: What is in dispute of what is open
	category text, --: What it is about, a code of dunning.dispute_category; NULL: not known
	category_label text, --: The same in words
	from_day date, --: First day of the dispute; NULL: the ERP does not say
	days integer, --: How many days it has lasted
	answer_due_on date, --: Day by which the customer is to have an answer; NULL: nobody said
	expected_credit numeric, --: Amount of the credit note that it leads to
	note text --: What somebody has to say of it
);

CREATE TYPE dunning.unmatched_receipt AS ( --: Money that has come in and pays no item
	owner text, --: Who looks after the customer; NULL: nobody is assigned, or the customer is not known
	ledger name, --: Ledger that it is in
	company text, --: Company
	kind text, --: receipt or down_payment of a customer; payment: a payment that names no item, or one that is not there
	customer dunning.item_key, --: Key of the customer; NULL: not known
	customer_name text, --: Name of the customer
	item dunning.item_key, --: Key of the receipt; of a payment the item that it names
	reference text, --: What the customer knows it by
	currency text, --: Currency of the amount
	amount numeric, --: What is left of it
	received_on date, --: Day on which it came
	days integer --: How many days it has waited
);

CREATE TYPE dunning.insurer_declaration AS ( --: An item that is to be declared to the credit insurer, or whose extension is longer than he allows
	owner text, --: Who has to see to it; NULL: nobody is assigned
	ledger name, --: Ledger of the item
	company text, --: Company of the item
	customer dunning.item_key, --: Key of the customer
	customer_name text, --: Name of the customer
	item dunning.item_key, --: Key of the item
	part integer, --: Part of the item
	reference text, --: What the customer knows the item by
	currency text, --: Currency of the amount
	open_amount numeric, --: What is open of the item
	due_on date, --: Due date of the item
	declare_by date, --: Last day on which it can be declared; NULL: the ledger says nothing
	days integer, --: Days that are left, negative if it is too late
	extended_until date, --: Last day of the plans and deferrals that hold the item; NULL: there are none
	allowed_until date, --: Last day to which the insurer lets it be extended without asking him; NULL: the ledger says nothing
	too_long boolean --: Whether it is extended beyond that day
);

CREATE TYPE dunning.task AS ( --: Something that a person has to see to on a day
	kind text, --: call, meeting, task, approve, call_back, promise_due, promise_broken, instalment_due, plan_broken, dispute, reject or ledger
	owner text, --: Who has to see to it; NULL: nobody is assigned, so that it is on the list of everybody
	ledger name, --: Ledger that it is in
	company text, --: Company; NULL: not known, or of several
	customer dunning.item_key, --: Key of the customer
	customer_name text, --: Name of the customer
	item dunning.item_key, --: Key of the item; NULL: several, or the customer as a whole
	part integer, --: Part of the item
	reference text, --: What the customer knows the item by
	currency text, --: Currency of the amount
	amount numeric, --: What it is about in money
	on_day date, --: Day since which, or by which, it is to be done
	number bigint, --: Number of the reminder, the promise, the plan, the hold or the contact
	why text --: Why it is on the list
);

-- The reading is that of any query of the caller.
DO $do$
DECLARE
	owner CONSTANT text := _dunning.duty_query(_dunning.owner_query('o.ledger', 'o.item', 'o.customer', 'o.class', 'o.salesperson', '%1$s'), '%1$s');
	seen CONSTANT text := _dunning.scope_condition('o.ledger', 'o.company');
BEGIN
	EXECUTE format($f$
CREATE FUNCTION dunning.rejects(as_of date DEFAULT dunning.today(), ledger name DEFAULT NULL, days integer DEFAULT 30)
		RETURNS SETOF dunning.rejected_payment
	LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	gone CONSTANT name[] := _dunning.leave_unreadable(rejects.ledger);
BEGIN
	RETURN QUERY
	SELECT %s, o.ledger, o.company, o.customer, o.customer_name, o.item, o.part, o.reference, o.currency, o.open_amount, o.due_on, f.on_day,
		upper(nullif(ltrim(f.name, '_'), 'unknown')), f.n
	FROM dunning.open_items(rejects.as_of) AS o
	CROSS JOIN LATERAL (SELECT g.on_day, g.name, count(*) OVER () AS n FROM dunning.facts(o.rejects) AS g WHERE g.kind = 'reject'
		ORDER BY g.on_day DESC LIMIT 1) AS f
	WHERE o.rejects IS NOT NULL AND o.open_amount > 0 AND f.on_day > rejects.as_of - coalesce(rejects.days, 30)
		AND (rejects.ledger IS NULL OR o.ledger = rejects.ledger) AND o.ledger <> ALL (gone) AND %s
	ORDER BY f.on_day DESC, o.ledger, o.item, o.part;
END
$$ $f$, format(owner, 'rejects.as_of'), seen);
	EXECUTE format($f$
CREATE FUNCTION dunning.insurer_declarations(as_of date DEFAULT dunning.today(), ledger name DEFAULT NULL, days integer DEFAULT 30)
		RETURNS SETOF dunning.insurer_declaration
	LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	gone CONSTANT name[] := _dunning.leave_unreadable(insurer_declarations.ledger);
BEGIN
	as_of := coalesce(insurer_declarations.as_of, dunning.today());
	RETURN QUERY
	SELECT %s, o.ledger, o.company, o.customer, o.customer_name, o.item, o.part, o.reference, o.currency, o.open_amount, o.due_on,
		o.due_on + g.insurer_declaration, o.due_on + g.insurer_declaration - insurer_declarations.as_of, e.until_day,
		o.due_on + g.insurer_extension, coalesce(e.until_day > o.due_on + g.insurer_extension, false)
	FROM dunning.ledger_setting AS g
	CROSS JOIN LATERAL (SELECT i.* FROM dunning.open_items(insurer_declarations.as_of) AS i
		WHERE i.ledger = g.ledger AND i.ledger <> ALL (gone)) AS o
	LEFT JOIN LATERAL (SELECT max(coalesce(h.until_day, 'infinity')) AS until_day FROM dunning.hold AS h
		WHERE h.ledger = o.ledger AND (h.item = o.item AND (h.part IS NULL OR h.part = o.part) OR h.customer = o.customer
			OR h.item IS NULL AND h.customer IS NULL) AND h.reason IN ('plan', 'deferral') AND %s) AS e ON true
	WHERE (g.insurer_declaration IS NOT NULL OR g.insurer_extension IS NOT NULL)
		AND (insurer_declarations.ledger IS NULL OR g.ledger = insurer_declarations.ledger) AND %s
		AND o.open_amount > 0 AND o.due_on < insurer_declarations.as_of AND isfinite(o.due_on) AND o.dunnable IS NOT FALSE
		AND (o.due_on + g.insurer_declaration <= insurer_declarations.as_of + coalesce(insurer_declarations.days, 30)
			OR e.until_day > o.due_on + g.insurer_extension)
		-- a handover that was recalled on its first day was a mistake
		AND NOT EXISTS (SELECT FROM dunning.handover AS d WHERE d.ledger = o.ledger AND d.item = o.item AND d.kind = 'insurer'
			AND d.on_day <= insurer_declarations.as_of AND (d.ended_on > d.on_day) IS NOT FALSE)
	ORDER BY 12, o.ledger, o.item, o.part;
END
$$ $f$, format(owner, 'insurer_declarations.as_of'), _dunning.in_force('h', 'insurer_declarations.as_of'), seen);
	EXECUTE format($f$
CREATE FUNCTION dunning.disputes_by_owner(as_of date DEFAULT dunning.today(), ledger name DEFAULT NULL, language text DEFAULT 'en')
		RETURNS SETOF dunning.open_dispute
	LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	gone CONSTANT name[] := _dunning.leave_unreadable(disputes_by_owner.ledger);
BEGIN
	as_of := coalesce(disputes_by_owner.as_of, dunning.today());
	RETURN QUERY
	SELECT d.*
	FROM (
		SELECT coalesce(%1$s, o.owner) AS owner, o.owner AS followed_by, h.hold, h.ledger, coalesce(h.company, o.company),
			coalesce(h.customer, o.customer), o.customer_name, h.item, h.part, o.reference, coalesce(h.currency, o.currency),
			coalesce(least(h.amount, o.amount), o.amount), h.category,
			coalesce(CASE WHEN disputes_by_owner.language ^@ 'fr' THEN c.label_fr END, c.label_en, h.category), h.from_day,
			disputes_by_owner.as_of - h.from_day + 1, h.answer_due_on, h.expected_credit, h.note
		FROM dunning.hold AS h
		LEFT JOIN dunning.dispute_category AS c ON c.code = h.category
		CROSS JOIN LATERAL (SELECT o.*, %2$s AS owner FROM (
			SELECT h.ledger, h.item, coalesce(h.customer, (array_agg(i.customer))[1]) AS customer, min(i.customer_name) AS customer_name,
				min(i.class) AS class, min(i.salesperson) AS salesperson, min(i.company) AS company, CASE WHEN h.item IS NOT NULL
					THEN min(i.reference) END AS reference,
				CASE WHEN count(DISTINCT i.currency) = 1 THEN min(i.currency) END AS currency, CASE WHEN count(DISTINCT i.currency) <= 1
					THEN sum(i.open_amount) END AS amount
			FROM dunning.open_items(disputes_by_owner.as_of) AS i
			WHERE i.ledger = h.ledger AND i.ledger <> ALL (gone)
				AND CASE WHEN h.item IS NOT NULL THEN i.item = h.item AND (h.part IS NULL OR i.part = h.part)
				ELSE i.customer = h.customer END
		) AS o) AS o
		WHERE h.reason = 'dispute' AND %3$s AND (disputes_by_owner.ledger IS NULL OR h.ledger = disputes_by_owner.ledger)
		UNION ALL
		SELECT %2$s, %2$s, NULL, o.ledger, o.company, o.customer, o.customer_name, o.item, o.part, o.reference, o.currency, o.open_amount,
			NULL, NULL, NULL, NULL, NULL, NULL, NULL
		FROM dunning.open_items(disputes_by_owner.as_of) AS o
		WHERE o.disputed AND o.open_amount > 0 AND (disputes_by_owner.ledger IS NULL OR o.ledger = disputes_by_owner.ledger)
			AND o.ledger <> ALL (gone) AND %4$s
	) AS d
	ORDER BY d.owner, d.answer_due_on, d.from_day, d.hold, d.ledger, d.item;
END
$$ $f$, _dunning.duty_query('h.person_in_charge', 'disputes_by_owner.as_of'),
		format(owner, 'disputes_by_owner.as_of'), _dunning.in_force('h', 'disputes_by_owner.as_of'), seen);
	EXECUTE format($f$
CREATE FUNCTION dunning.unmatched_receipts(as_of date DEFAULT dunning.today(), ledger name DEFAULT NULL)
		RETURNS SETOF dunning.unmatched_receipt
	LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	l dunning.ledger;
	gone CONSTANT name[] := _dunning.leave_unreadable(unmatched_receipts.ledger);
BEGIN
	RETURN QUERY
	SELECT %1$s, o.ledger, o.company, o.kind, o.customer, o.customer_name, o.item, o.reference, o.currency, - o.open_amount, o.issued_on,
		unmatched_receipts.as_of - o.issued_on
	FROM dunning.open_items(unmatched_receipts.as_of) AS o
	WHERE o.kind IN ('receipt', 'down_payment') AND o.open_amount < 0 AND (unmatched_receipts.ledger IS NULL OR o.ledger = unmatched_receipts.ledger)
		AND o.ledger <> ALL (gone) AND %2$s
	ORDER BY o.issued_on, o.ledger, o.item;
	-- the views of a profile leave out what pays nothing
	FOR l IN SELECT f.* FROM dunning.ledger AS f WHERE f.state = 'adopted' AND f.payments IS NOT NULL AND f.erp IS NULL
		AND (unmatched_receipts.ledger IS NULL OR f.ledger = unmatched_receipts.ledger)
		AND f.ledger <> ALL (gone) AND %3$s ORDER BY f.ledger LOOP
		RETURN QUERY EXECUTE format('SELECT NULL::text, %%L::name, NULL::text, ''payment''::text, NULL::dunning.item_key, NULL::text, dunning.item_key(p.item), NULL::text, NULL::text, p.amount, p.paid_on, $1 - p.paid_on '
			'FROM %%s AS p WHERE %%s AND (p.paid_on <= $1 OR p.paid_on IS NULL) AND (p.item IS NULL OR NOT EXISTS (SELECT FROM %%s AS i WHERE %%s)) ORDER BY p.paid_on, 7',
			l.ledger, _dunning.view_name('payments', l.adoption), _dunning.gate_condition(l.id), _dunning.view_name('items', l.adoption),
			_dunning.join_sql(_dunning.view_name('payments', l.adoption), 'item', _dunning.view_name('items', l.adoption), 'key', 'p', 'i'))
				USING unmatched_receipts.as_of;
	END LOOP;
END
$$ $f$, format(owner, 'unmatched_receipts.as_of'), seen, _dunning.scope_condition('f.ledger', 'NULL::text'));
END
$do$;
COMMENT ON FUNCTION dunning.rejects(date, name, integer) IS
	'The open items of which a payment was rejected within some days up to a day, with their last rejection, the latest first';
COMMENT ON FUNCTION dunning.insurer_declarations(date, name, integer) IS
	'The late items that are to be declared to the credit insurer within some days, the first of them first, and those whose plan or deferral is longer than he allows, by the settings of their ledgers; an item that was handed over to an insurer is not among them';
COMMENT ON FUNCTION dunning.disputes_by_owner(date, name, text) IS
	'The disputes in force on a day and who has to settle each: the person in charge or else the owner, or who stands in. Items that the ERP flags as disputed are among them. Labels in English (en) or French (fr)';
COMMENT ON FUNCTION dunning.unmatched_receipts(date, name) IS
	'Money that pays nothing on a day: receipts and down payments of customers, as far as they are left, and payments that name no item or one that is not there';

-- What is pending is asked as it is now; of a past day the facts tell what was pending.
DO $do$
BEGIN
	EXECUTE format($f$
CREATE FUNCTION dunning.my_day(owner text DEFAULT CURRENT_USER, as_of date DEFAULT dunning.today(), ledger name DEFAULT NULL,
		days integer DEFAULT 7, language text DEFAULT 'en') RETURNS SETOF dunning.task
	LANGUAGE plpgsql ROWS 100 SET search_path = pg_catalog, pg_temp SET jit = off SET client_min_messages = error AS $$
#variable_conflict use_column
DECLARE
	gone CONSTANT name[] := CASE WHEN my_day.ledger IS NULL THEN _dunning.unreadable_ledgers() ELSE '{}' END;
	fr CONSTANT boolean := coalesce(my_day.language, 'en') ^@ 'fr';
	spoken CONSTANT text := CASE WHEN fr THEN 'fr' ELSE 'en' END;
	back CONSTANT integer := coalesce(my_day.days, 7);
BEGIN
	as_of := coalesce(my_day.as_of, dunning.today());
	IF NOT isfinite(my_day.as_of) THEN
		RAISE EXCEPTION 'no list is possible for %%', _dunning.day_text(my_day.as_of) USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a day, or leave as_of out for dunning.today().';
	END IF;
	RETURN QUERY
	WITH manual AS (
		SELECT r.ledger, r.company, r.customer, r.customer_name, r.item, r.part, r.reference, r.currency,
			r.open_amount - r.held_amount AS amount, r.raised_on, r.reminder, r.step, r.level, r.channel, r.label, r.due_on, r.approved_at
		FROM dunning.to_send AS r
		WHERE (r.manual OR NOT _dunning.is_message(r.channel)) AND my_day.as_of >= _dunning.real_day()
			AND (my_day.ledger IS NULL OR r.ledger = my_day.ledger)
		UNION ALL
		SELECT r.ledger, r.company, r.customer, r.customer_name, r.item, r.part, r.reference, r.currency, r.open_amount - r.held_amount,
			r.raised_on, r.reminder, r.step, r.level, r.channel, r.label, r.due_on,
				CASE WHEN _dunning.noted_day(r.approved_at) <= my_day.as_of
				THEN r.approved_at END
		FROM dunning.reminder AS r
		WHERE (r.manual OR NOT _dunning.is_message(r.channel)) AND my_day.as_of < _dunning.real_day() AND r.raised_on <= my_day.as_of
			AND (r.sent_on > my_day.as_of) IS NOT FALSE AND (r.skipped_on > my_day.as_of) IS NOT FALSE
			AND (r.cancelled_on > my_day.as_of) IS NOT FALSE AND (my_day.ledger IS NULL OR r.ledger = my_day.ledger)
	), task AS MATERIALIZED (
		SELECT CASE WHEN m.channel IN ('phone', 'call') THEN 'call' WHEN m.channel IN ('meeting', 'visit') THEN 'meeting'
				WHEN NOT _dunning.is_message(m.channel) THEN 'task' ELSE 'approve' END AS kind, NULL AS person, m.ledger,
			m.company, m.customer, m.customer_name, m.item, m.part, m.reference, m.currency, m.amount, m.raised_on AS on_day,
			m.reminder AS number, m.step, m.channel, concat(CASE WHEN fr THEN 'Étape ' ELSE 'Step ' END, m.level, ', ',
				_dunning.channel_text(m.channel, spoken), CASE WHEN fr THEN ' « '
				|| m.label || ' »' ELSE ' "'
				|| m.label || '"' END, CASE WHEN my_day.as_of <= m.due_on THEN CASE WHEN fr THEN ', échéance le ' ELSE ', due on ' END
					|| _dunning.day_text(m.due_on, spoken)
					WHEN my_day.as_of - m.due_on = 1 THEN CASE WHEN fr THEN ', 1 jour de retard' ELSE ', 1 day late' END
					ELSE format(CASE WHEN fr THEN ', %%s jours de retard' ELSE ', %%s days late' END, my_day.as_of - m.due_on) END) AS why
		FROM manual AS m WHERE NOT _dunning.is_message(m.channel) OR m.approved_at IS NULL
		UNION ALL
		SELECT 'call_back', c.by_whom, c.ledger, c.company, c.customer, NULL, CASE WHEN cardinality(c.items) = 1 THEN c.items[1] END, NULL, NULL,
			NULL, NULL, c.next_on, c.contact, NULL, NULL, format(CASE WHEN fr THEN 'Rappel convenu le %%s%%s%%s' ELSE 'A call was agreed on %%s%%s%%s' END, _dunning.day_text(c.on_day, spoken), ', '
				|| to_char(c.next_time, 'HH24:MI'), CASE WHEN fr THEN ' : ' ELSE ': ' END || c.note)
		FROM dunning.contact AS c
		WHERE c.next_on <= my_day.as_of AND c.on_day <= my_day.as_of AND c.cancelled_at IS NULL
			AND (my_day.ledger IS NULL OR c.ledger = my_day.ledger)
			AND NOT EXISTS (SELECT FROM dunning.contact AS n WHERE n.ledger = c.ledger AND n.customer = c.customer
				AND n.cancelled_at IS NULL AND n.on_day <= my_day.as_of
				AND (n.on_day, n.contact) > (c.on_day, c.contact) AND n.kind <> 'note')
		UNION ALL
		SELECT CASE p.state WHEN 'open' THEN 'promise_due' ELSE 'promise_broken' END, NULL, p.ledger, NULL, p.customer, p.customer_name,
			CASE WHEN cardinality(p.items) = 1 THEN p.items[1] END, NULL, NULL, p.currency, p.missing,
			CASE p.state WHEN 'open' THEN p.promised_for ELSE p.decided_on END, p.promise, NULL, NULL,
			format(CASE WHEN fr THEN 'Promesse du %%s pour le %%s : %%s reçus sur %%s' ELSE 'Promise of %%s for %%s: %%s of %%s has come' END, _dunning.day_text(p.promised_on, spoken), _dunning.day_text(p.promised_for, spoken),
				dunning.format_money(p.paid, p.currency, spoken), dunning.format_money(p.amount, p.currency, spoken))
		FROM dunning.promises(my_day.as_of, my_day.ledger) AS p
		WHERE p.state = 'open' AND p.promised_for <= my_day.as_of OR p.state IN ('broken', 'partly_kept') AND p.decided_on > my_day.as_of - back
		UNION ALL
		SELECT CASE p.state WHEN 'active' THEN 'instalment_due' ELSE 'plan_broken' END, NULL, p.ledger, NULL, p.customer, p.customer_name,
			CASE WHEN cardinality(p.items) = 1 THEN p.items[1] END, NULL, NULL, p.currency, CASE p.state WHEN 'active' THEN p.next_missing
				ELSE p.missing END, CASE p.state WHEN 'active' THEN p.next_on ELSE p.decided_on END, p.plan,
			NULL, NULL, format(CASE WHEN fr THEN 'Échéancier du %%s : %%s reçus sur %%s' ELSE 'Plan of %%s: %%s of %%s has come' END, _dunning.day_text(p.agreed_on, spoken),
				dunning.format_money(p.paid, p.currency, spoken), dunning.format_money(p.amount, p.currency, spoken))
		FROM dunning.plans(my_day.as_of, my_day.ledger) AS p
		WHERE p.state = 'active' AND p.next_on <= my_day.as_of OR p.state = 'broken' AND p.decided_on > my_day.as_of - back
	), customer AS MATERIALIZED (
		SELECT d.ledger, d.customer, coalesce(i.customer_name, y.payer_name) AS customer_name, coalesce(i.class, y.class) AS class,
			coalesce(i.salesperson, y.salesperson) AS salesperson
		FROM (SELECT DISTINCT t.ledger, t.customer FROM task AS t) AS d
		LEFT JOIN LATERAL (SELECT o.customer, o.customer_name, o.class, o.salesperson FROM dunning.ledger_items(my_day.as_of) AS o
			WHERE o.ledger = d.ledger AND o.ledger <> ALL (gone) AND o.customer = d.customer LIMIT 1) AS i ON true
		-- who pays for others may have no item of his own
		LEFT JOIN LATERAL (SELECT o.payer_name, o.class, o.salesperson FROM dunning.ledger_items(my_day.as_of) AS o
			WHERE i.customer IS NULL AND o.ledger = d.ledger AND o.ledger <> ALL (gone) AND o.payer = d.customer LIMIT 1) AS y ON true
	), item AS MATERIALIZED (
		SELECT d.ledger, d.item, i.reference
		FROM (SELECT DISTINCT t.ledger, t.item FROM task AS t WHERE t.item IS NOT NULL AND t.reference IS NULL) AS d
		LEFT JOIN LATERAL (SELECT o.reference FROM dunning.ledger_items(my_day.as_of) AS o WHERE o.ledger = d.ledger
			AND o.ledger <> ALL (gone) AND o.item = d.item LIMIT 1) AS i ON true
	), owned AS (
		SELECT t.kind, coalesce(%s, n.owner) AS owner, n.owner AS followed_by, t.ledger, t.company, t.customer,
			coalesce(t.customer_name, c.customer_name) AS customer_name, t.item, t.part, coalesce(t.reference, i.reference) AS reference,
			t.currency, t.amount, t.on_day, t.number, t.why
		FROM task AS t LEFT JOIN customer AS c ON c.ledger = t.ledger AND c.customer = t.customer LEFT JOIN item AS i ON i.ledger = t.ledger
			AND i.item = t.item CROSS JOIN LATERAL (SELECT %s AS owner) AS n
		UNION ALL
		SELECT 'dispute', d.owner, d.followed_by, d.ledger, d.company, d.customer, d.customer_name, d.item, d.part, d.reference, d.currency,
			d.amount, coalesce(d.answer_due_on, d.from_day), d.hold,
			concat_ws(CASE WHEN fr THEN ' : ' ELSE ': ' END, CASE WHEN fr THEN 'Litige' ELSE 'Dispute' END || coalesce(CASE WHEN fr THEN ' depuis le ' ELSE ' since ' END
				|| _dunning.day_text(d.from_day, spoken), '')
				|| coalesce(CASE WHEN fr THEN ', réponse promise pour le ' ELSE ', an answer is due on ' END || _dunning.day_text(d.answer_due_on, spoken), ''), d.category_label, d.note)
		FROM dunning.disputes_by_owner(my_day.as_of, my_day.ledger, spoken) AS d WHERE (d.answer_due_on > my_day.as_of) IS NOT TRUE
		UNION ALL
		SELECT 'reject', r.owner, r.owner, r.ledger, r.company, r.customer, r.customer_name, r.item, r.part, r.reference, r.currency,
			r.open_amount, r.rejected_on, NULL, format(CASE WHEN fr THEN 'Paiement rejeté le %%s%%s' ELSE 'A payment was rejected on %%s%%s' END, _dunning.day_text(r.rejected_on, spoken), ' ('
				|| r.code || ')')
		FROM dunning.rejects(my_day.as_of, my_day.ledger, back) AS r
		UNION ALL
		SELECT 'ledger', NULL, NULL, k, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
			format(CASE WHEN fr THEN 'Le grand livre « %%s » ne peut pas être lu, et ses pièces ne sont pas sur la liste'
				ELSE 'Ledger "%%s" cannot be read, and its items are not on the list' END, k)
		FROM unnest(gone) AS k
	)
	SELECT w.kind, w.owner, w.ledger, w.company, w.customer, w.customer_name, w.item, w.part, w.reference, w.currency, w.amount, w.on_day,
		w.number, w.why FROM owned AS w
	WHERE my_day.owner IS NULL OR w.owner IS NULL OR my_day.owner IN (w.owner, w.followed_by)
	ORDER BY array_position('{ledger,call_back,reject,promise_broken,plan_broken,dispute,promise_due,instalment_due,call,meeting,task,approve}', w.kind), w.on_day, w.amount DESC NULLS LAST, w.ledger, w.customer, w.item, w.number;
END
$$ $f$, _dunning.duty_query('t.person', 'my_day.as_of'),
		_dunning.duty_query(_dunning.owner_query('t.ledger', 't.item', 't.customer', 'c.class', 'c.salesperson', 'my_day.as_of', 't.step', 't.channel'), 'my_day.as_of'));
END
$do$;
COMMENT ON FUNCTION dunning.my_day(text, date, name, integer, text) IS
	'What an owner has to see to on a day, one row a task: calls, reminders to approve, promises and instalments that are due or broken, disputes to answer, rejected payments. What another person is in charge of is there, too. What has no owner is on every list; owner NULL: the lists of all';
