-- What applies, and why.

CREATE TYPE dunning.applied AS ( --: What applies to an item, a customer or a ledger on a day, and what decides it
	kind text, --: procedure, penalty_rule, aging_scheme, calendar, language or owner; payer, customer_group or risk_party, if there is another one than the customer
	value text, --: Name of what applies; NULL: none
	level text, --: What decides it: item, customer, class, ledger or default
	source text, --: Where it is said: assignment; column, of the ERP; setting, of the ledger; none
	assignment bigint, --: Number of the assignment; NULL: none decides it
	from_day date, --: First day of the assignment
	note text --: What somebody had to say of it
);

-- With the rights of the caller, as any query of the items.
CREATE FUNCTION _dunning.asked_about(ledger name, item dunning.item_key, customer dunning.item_key, as_of date) RETURNS _dunning.item_row
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	o _dunning.item_row;
	found boolean := true;
BEGIN
	IF asked_about.ledger IS NULL THEN
		RAISE EXCEPTION 'the ledger is missing' USING ERRCODE = 'null_value_not_allowed', HINT = 'SELECT ledger FROM dunning.ledger lists them.';
	END IF;
	PERFORM _dunning.need_ledger(asked_about.ledger);
	IF asked_about.item IS NOT NULL AND asked_about.customer IS NOT NULL THEN
		RAISE EXCEPTION 'what applies is asked of an item, a customer or a ledger'
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the item or the customer, or none for the ledger.';
	END IF;
	IF asked_about.as_of IS NULL OR NOT isfinite(asked_about.as_of) THEN
		RAISE EXCEPTION 'nothing applies on %', _dunning.day_text(asked_about.as_of) USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a day.';
	END IF;
	IF asked_about.item IS NOT NULL THEN
		EXECUTE format('SELECT i.* FROM dunning.ledger_items(%L::date) AS i WHERE i.ledger = $1 AND i.item = %L::dunning.item_key AND %s LIMIT 1',
			asked_about.as_of, asked_about.item, _dunning.scope_condition('i.ledger', 'i.company')) INTO o USING asked_about.ledger;
		found := o.item IS NOT NULL;
	ELSIF asked_about.customer IS NOT NULL THEN
		-- the columns of the customer are those of any of his items
		EXECUTE format('SELECT i.customer, i.language, i.professional, i.class, i.salesperson, i.payer, i.customer_group, i.risk_party FROM dunning.ledger_items(%L::date) AS i WHERE i.ledger = $1 AND i.customer = %L::dunning.item_key AND %s LIMIT 1',
				asked_about.as_of, asked_about.customer, _dunning.scope_condition('i.ledger', 'i.company'))
			INTO o.customer, o.language, o.professional, o.class, o.salesperson, o.payer, o.customer_group, o.risk_party
			USING asked_about.ledger;
		found := o.customer IS NOT NULL;
	END IF;
	IF NOT found THEN
		RAISE EXCEPTION '% "%" of ledger "%" was not found', CASE WHEN asked_about.item IS NULL THEN 'customer' ELSE 'item' END, coalesce(asked_about.item, asked_about.customer),
			asked_about.ledger
			USING ERRCODE = 'no_data_found', HINT = 'It is not in the ledger on that day, or the current user may not see it.';
	END IF;
	o.ledger := asked_about.ledger;
	RETURN o;
END
$$;
COMMENT ON FUNCTION _dunning.asked_about(name, dunning.item_key, dunning.item_key, date) IS
	'The row of an item on a day, or what is known of a customer or a ledger; error P0002 for one that is not there, 42704 for an unknown ledger';

DO $do$
BEGIN
	EXECUTE format($f$
CREATE FUNCTION dunning.applies_to(ledger name, item dunning.item_key DEFAULT NULL, customer dunning.item_key DEFAULT NULL,
		as_of date DEFAULT dunning.today())
	RETURNS SETOF dunning.applied
	LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 6 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	o CONSTANT _dunning.item_row := _dunning.asked_about(ledger, item, customer, coalesce(as_of, dunning.today()));
	l CONSTANT dunning.ledger := (SELECT f FROM dunning.ledger AS f WHERE f.ledger = o.ledger);
BEGIN
	as_of := coalesce(as_of, dunning.today());
	RETURN QUERY
	SELECT k.kind, w.value,
		CASE WHEN a.assignment IS NOT NULL THEN (ARRAY['item', 'customer', 'class', 'ledger'])[%2$s] WHEN w.said THEN k.said_at WHEN w.value IS NULL THEN 'default'
			ELSE k.set_at END,
		CASE WHEN a.assignment IS NOT NULL THEN 'assignment' WHEN w.said THEN 'column' WHEN w.value IS NULL THEN 'none' WHEN k.kind = 'owner' THEN 'column' ELSE 'setting' END,
		a.assignment, a.from_day, a.note
	FROM (VALUES (1, 'procedure', o.procedure, 'item', l.procedure, 'ledger'), (2, 'penalty_rule', o.rule_by, 'item', NULL, 'ledger'), (3, 'aging_scheme', NULL, NULL, l.scheme, 'ledger'),
		(4, 'calendar', NULL, NULL, l.calendar, 'ledger'), (5, 'language', o.language, 'customer', NULL, NULL), (6, 'owner', NULL, NULL, o.salesperson, 'customer'),
		(7, 'payer', CASE WHEN o.payer <> o.customer THEN o.payer::text END, 'customer', NULL, NULL), (8, 'customer_group', o.customer_group::text, 'customer', NULL, NULL),
		(9, 'risk_party', o.risk_party::text, 'customer', NULL, NULL)) AS k (place, kind, said, said_at, setting, set_at)
	LEFT JOIN LATERAL (%1$s) AS a ON true
	LEFT JOIN LATERAL (
		SELECT c.choice, CASE WHEN o.professional IS FALSE THEN coalesce(c.consumer_rule, c.rule) ELSE c.rule END AS rule
		FROM _dunning.rule_choices(l) AS c
		WHERE c.choice = '' OR NOT c.by_name AND c.choice = coalesce(a.value, o.rule_by, o.currency) OR c.by_name
			AND c.choice = coalesce(a.value, o.rule_by)
		ORDER BY c.choice = '', c.by_name LIMIT 1
	) AS r ON k.kind = 'penalty_rule'
	CROSS JOIN LATERAL (SELECT
		CASE k.kind WHEN 'penalty_rule' THEN r.rule WHEN 'owner' THEN coalesce(CASE a.value WHEN 'salesperson' THEN o.salesperson ELSE a.value END, k.setting)
			ELSE coalesce(a.value, k.said, k.setting) END AS value,
		k.said IS NOT NULL AND (r.choice = k.said) IS NOT FALSE AS said) AS w
	-- most customers pay themselves
	WHERE k.place < 7 OR w.value IS NOT NULL
	ORDER BY k.place;
END
$$ $f$,
		_dunning.assignment_query('assigned.*', 'k.kind', 'o.ledger', 'o.item', 'o.customer', 'o.class', 'applies_to.as_of',
			'assigned.step IS NULL AND (k.said IS NULL OR assigned.item IS NOT NULL OR k.said_at = ''customer'' AND assigned.customer IS NOT NULL) AND (k.kind <> ''owner'' OR assigned.value <> ''salesperson'' OR o.salesperson IS NOT NULL)'),
		_dunning.assigned_rank('a'));
	EXECUTE format($f$
CREATE FUNCTION dunning.owner_of(ledger name, item dunning.item_key DEFAULT NULL, customer dunning.item_key DEFAULT NULL,
		as_of date DEFAULT dunning.today(), step text DEFAULT NULL)
	RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	o CONSTANT _dunning.item_row := _dunning.asked_about(ledger, item, customer, coalesce(as_of, dunning.today()));
	day_of_step CONSTANT text := substring(owner_of.step FROM '^(.+) [^ ]+$');
	channel CONSTANT text := substring(owner_of.step FROM '[^ ]+$');
BEGIN
	as_of := coalesce(as_of, dunning.today());
	RETURN dunning.on_duty(%s, owner_of.as_of);
END
$$ $f$, _dunning.owner_query('o.ledger', 'o.item', 'o.customer', 'o.class', 'o.salesperson', 'owner_of.as_of', 'day_of_step', 'channel'));
END
$do$;
COMMENT ON FUNCTION dunning.applies_to(name, dunning.item_key, dunning.item_key, date) IS
	'What applies to an item, a customer or a ledger on a day, one row a kind as dunning.assign has them, of payer, customer_group and risk_party only if there is one, with the level that decides it and the assignment. Error 42704 for an unknown ledger, P0002 for what is not there';
COMMENT ON FUNCTION dunning.owner_of(name, dunning.item_key, dunning.item_key, date, text) IS
	'Who does the work of an item, a customer or a ledger on a day, or takes one of its steps: the owner, or who stands in for him; NULL if nobody is assigned. step is a day and channel, such as 5 phone, or a channel. Errors as of dunning.applies_to';
