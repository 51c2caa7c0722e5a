-- What becomes of the items that are in the middle of a procedure if it is changed.

CREATE TYPE dunning.changed_step AS ( --: What the next step of some items becomes if their procedure is changed
	ledger name, --: Ledger of the items
	changed boolean, --: Whether the next step is another one
	in_course boolean, --: Whether the items have had a reminder that counts
	state text, --: State of now
	step text, --: Next step of now
	channel text, --: Its channel
	new_state text, --: State after the change
	new_step text, --: Next step after the change
	new_channel text, --: Its channel
	items bigint, --: Number of items
	customers bigint, --: Number of customers
	currency text, --: Currency of the amount
	amount numeric, --: What is open of the items
	withdrawn bigint, --: Pending reminders that the next run would withdraw
	problem text --: Why nothing is known of these items; NULL: all is
);

-- Of an item that takes a step of the customer, that step; of one that is due by itself and takes
-- none, why the customer does not.
CREATE FUNCTION _dunning.taken_states(worklist text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format($q$SELECT c.item, c.part, c.customer, c.currency, c.open_amount, c.last_step, c.procedure_name, c.dunnable, c.problem,
			CASE WHEN c.takes > 0 THEN 'due' WHEN c.state = 'due' AND NOT c.decision IS NULL THEN (c.decision).state ELSE c.state END AS state,
			CASE WHEN c.takes > 0 THEN t.step WHEN c.state = 'due' AND NOT c.decision IS NULL THEN (c.decision).step ELSE c.step END AS step,
			CASE WHEN c.takes > 0 THEN t.channel WHEN c.state = 'due' AND NOT c.decision IS NULL THEN (c.decision).channel
				ELSE c.channel END AS channel
		FROM (%s) AS c LEFT JOIN LATERAL dunning.steps(c.procedure) AS t ON t.level = c.takes$q$,
		_dunning.customers_query(worklist, 'dunning.today()', ', v.last_step, v.dunnable, v.problem, v.state, v.step, v.channel'));
COMMENT ON FUNCTION _dunning.taken_states(text) IS 'The query of what a run does with items by customer, from a query of _dunning.customers_worklist: the state, the step and its channel';

-- Of some items of a ledger, or of all.
CREATE FUNCTION _dunning.changed_steps(name text, procedure dunning.dunning_procedure, ledger name, items dunning.item_key[])
		RETURNS SETOF dunning.changed_step
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	-- a customer is decided on as a whole, with his credits
	together CONSTANT boolean := _dunning.by_customer(procedure)
		OR EXISTS (SELECT FROM dunning.procedure AS p WHERE p.name = changed_steps.name AND _dunning.by_customer(p.procedure));
	source CONSTANT text := CASE WHEN together THEN format('(SELECT i.* FROM %s AS i WHERE i.open_amount <> 0)', _dunning.payers_source(ledger, dunning.today(), items))
		WHEN items IS NULL THEN _dunning.items_source(ledger, dunning.today(), 'i.open_amount > 0', whole => true)
		ELSE format('(SELECT i.* FROM %s AS i WHERE i.open_amount > 0)', _dunning.keys_source(ledger, dunning.today(), items)) END;
	changed CONSTANT text := '(SELECT q.name, CASE WHEN q.name = $1 THEN $2 ELSE q.procedure END AS procedure FROM dunning.procedure AS q)';
BEGIN
	RETURN QUERY EXECUTE format($q$
		WITH now AS MATERIALIZED (
			SELECT w.item, w.part, w.customer, w.currency, w.open_amount, w.last_step, w.state, w.step, w.channel
			FROM (%1$s) AS w WHERE w.procedure_name = $1 AND w.dunnable AND w.problem IS NULL AND w.open_amount > 0
				AND ($4 IS NULL OR w.item = ANY ($4))
		), later AS MATERIALIZED (
			SELECT w.item, w.part, w.state, w.step, w.channel
			FROM (%2$s) AS w WHERE w.procedure_name = $1 AND w.dunnable AND w.problem IS NULL AND w.open_amount > 0
				AND ($4 IS NULL OR w.item = ANY ($4))
		), gone AS (
			SELECT r.item, r.part, count(*) AS n FROM dunning.reminder AS r
			WHERE r.ledger = $3 AND r.state = 'pending' AND NOT EXISTS (SELECT FROM dunning.steps($2) AS s
				WHERE (s.step, s.channel, s.label) IS NOT DISTINCT FROM (r.step, r.channel, r.label))
			GROUP BY r.item, r.part
		)
		SELECT $3, (n.state, n.step, n.channel) IS DISTINCT FROM (t.state, t.step, t.channel), n.last_step IS NOT NULL,
			n.state, n.step, n.channel, t.state, t.step, t.channel, count(*), count(DISTINCT n.customer), n.currency, sum(n.open_amount),
			coalesce(sum(g.n), 0)::bigint, NULL::text
		FROM now AS n JOIN later AS t ON t.item = n.item AND t.part = n.part
		LEFT JOIN gone AS g ON g.item = n.item AND g.part = n.part
		GROUP BY 2, 3, 4, 5, 6, 7, 8, 9, n.currency
		ORDER BY 2 DESC, 3 DESC, count(*) DESC, 4, 5, 6, 7, 8, 9, n.currency $q$,
		CASE WHEN together THEN _dunning.taken_states(_dunning.customers_worklist(source, 'dunning.today()')) ELSE _dunning.worklist_query(source, 'false') END,
		CASE WHEN together THEN _dunning.taken_states(_dunning.customers_worklist(source, 'dunning.today()', procedures => changed))
			ELSE _dunning.worklist_query(source, 'false', procedures => changed) END)
	USING changed_steps.name, changed_steps.procedure, changed_steps.ledger, changed_steps.items;
END
$$;
COMMENT ON FUNCTION _dunning.changed_steps(text, dunning.dunning_procedure, name, dunning.item_key[]) IS
	'The rows of dunning.procedure_change of a ledger, or of items of it; an error if one of them raises it';

-- An item that raises an error is told by itself: halving what failed finds it.
CREATE FUNCTION _dunning.changed_apart(name text, procedure dunning.dunning_procedure, ledger name, items dunning.item_key[])
		RETURNS dunning.changed_step[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	half integer;
	rows dunning.changed_step[];
BEGIN
	BEGIN
		RETURN ARRAY(SELECT c FROM _dunning.changed_steps(name, procedure, ledger, items) AS c);
	EXCEPTION
		WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
			RAISE;
		WHEN OTHERS OR assert_failure THEN
			IF cardinality(items) = 1 THEN
				RETURN ARRAY[ROW(ledger, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, NULL, NULL, NULL, 0,
					format('item "%s": %s', items[1], SQLERRM))::dunning.changed_step];
			END IF;
	END;
	items := coalesce(items, ARRAY(SELECT k FROM _dunning.ledger_keys(ledger) AS k));
	half := cardinality(items) / 2;
	IF half = 0 THEN
		RETURN '{}';
	END IF;
	rows := _dunning.changed_apart(name, procedure, ledger, items[:half])
		|| _dunning.changed_apart(name, procedure, ledger, items[half + 1:]);
	-- what is alike is one row again
	RETURN ARRAY(SELECT ROW(c.ledger, c.changed, c.in_course, c.state, c.step, c.channel, c.new_state, c.new_step, c.new_channel,
		sum(c.items), sum(c.customers), c.currency,
			sum(c.amount), sum(c.withdrawn), c.problem)::dunning.changed_step
		FROM unnest(rows) AS c GROUP BY c.ledger, c.changed, c.in_course, c.state, c.step, c.channel, c.new_state, c.new_step,
			c.new_channel, c.currency, c.problem
		ORDER BY c.changed DESC NULLS LAST, c.in_course DESC, sum(c.items) DESC, c.state, c.step, c.channel, c.new_state, c.new_step,
			c.new_channel);
END
$$;
COMMENT ON FUNCTION _dunning.changed_apart(text, dunning.dunning_procedure, name, dunning.item_key[]) IS
	'What _dunning.changed_steps returns, and a row with its problem for each item that raises an error; customers are counted by halves, so one of several items may count more than once';

CREATE FUNCTION dunning.procedure_change(name text, procedure dunning.dunning_procedure)
	RETURNS SETOF dunning.changed_step
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	l dunning.ledger;
BEGIN
	PERFORM _dunning.need_all_facts(false);
	IF procedure_change.procedure IS NULL THEN
		RAISE EXCEPTION 'no new procedure is given' USING ERRCODE = 'null_value_not_allowed', HINT = 'SELECT * FROM dunning.procedure_change(name, ''5 email; ...'').';
	END IF;
	IF NOT EXISTS (SELECT FROM dunning.procedure AS p WHERE p.name = procedure_change.name) THEN
		RAISE EXCEPTION 'dunning procedure "%" does not exist', coalesce(procedure_change.name, 'NULL')
			USING ERRCODE = 'undefined_object', HINT = 'SELECT name FROM dunning.procedure lists them.';
	END IF;
	FOR l IN SELECT s.* FROM dunning.ledger AS s
		WHERE s.state = 'adopted' AND (s.procedure = procedure_change.name OR s.columns ->> 'procedure' IS NOT NULL
			OR EXISTS (SELECT FROM dunning.assignment AS a WHERE a.ledger = s.ledger AND a.kind = 'procedure' AND a.value = procedure_change.name))
				ORDER BY s.ledger
	LOOP
		RETURN QUERY SELECT c.* FROM unnest(_dunning.changed_apart(procedure_change.name, procedure_change.procedure, l.ledger, NULL)) AS c;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dunning.procedure_change(text, dunning.dunning_procedure) IS
	'What the next step of each open item becomes on dunning.today() if this procedure is changed; it changes nothing. A row for each ledger, step of now, step of then and currency, and how many pending reminders the next run would withdraw. An item that raises an error has a row of its own';

CREATE FUNCTION dunning.set_procedure(name text, procedure dunning.dunning_procedure, description text DEFAULT NULL)
		RETURNS SETOF dunning.changed_step
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
	IF set_procedure.name IS NULL OR set_procedure.procedure IS NULL THEN
		RAISE EXCEPTION 'a procedure has a name and steps' USING ERRCODE = 'null_value_not_allowed', HINT = 'SELECT * FROM dunning.set_procedure(name, ''5 email; ...'').';
	END IF;
	IF EXISTS (SELECT FROM dunning.procedure AS p WHERE p.name = set_procedure.name) THEN
		RETURN QUERY SELECT c.* FROM dunning.procedure_change(set_procedure.name, set_procedure.procedure) AS c;
	END IF;
	-- the trigger has nothing to add
	PERFORM set_config('_dunning.procedure_told', set_procedure.name, true);
	INSERT INTO dunning.procedure AS p (name, procedure, description) VALUES (set_procedure.name, set_procedure.procedure,
		set_procedure.description)
	ON CONFLICT (name) DO UPDATE SET procedure = excluded.procedure, description = coalesce(excluded.description, p.description);
	PERFORM set_config('_dunning.procedure_told', '', true);
END
$$;
COMMENT ON FUNCTION dunning.set_procedure(text, dunning.dunning_procedure, text) IS
	'Sets a dunning procedure, a new one or another one of that name, and returns what dunning.procedure_change says of it: how many items are in mid-course, and what their next step becomes';

-- Who changes the table by hand is told as well, and can still roll back.
CREATE FUNCTION _dunning.tell_change() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	c record;
BEGIN
	IF current_setting('_dunning.procedure_told', true) IS NOT DISTINCT FROM OLD.name THEN
		RETURN NEW;
	END IF;
	BEGIN
		SELECT sum(p.items) FILTER (WHERE p.in_course) AS in_course, sum(p.items) FILTER (WHERE p.in_course AND p.changed) AS changed,
			sum(p.withdrawn) AS withdrawn INTO c
		FROM dunning.procedure_change(OLD.name, NEW.procedure) AS p;
		IF c.in_course > 0 THEN
			RAISE NOTICE 'dunning procedure "%": % item(s) are in mid-course, for % of them the next step becomes another one', OLD.name, c.in_course, coalesce(c.changed, 0)
				USING DETAIL = format('The next run withdraws %s pending reminder(s), and raises what is due by the new steps.', coalesce(c.withdrawn, 0)),
					HINT = format('Roll back, and SELECT * FROM dunning.procedure_change(%L, %L) shows what becomes of them.', OLD.name, NEW.procedure);
		END IF;
	EXCEPTION
		WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
			RAISE;
		WHEN OTHERS OR assert_failure THEN
			RAISE NOTICE 'dunning procedure "%": it is not known what becomes of items in mid-course', OLD.name USING DETAIL = SQLERRM;
	END;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION _dunning.tell_change() IS 'Trigger: says how many items are in the middle of a procedure that is changed by UPDATE';
CREATE TRIGGER tell_change BEFORE UPDATE OF procedure ON dunning.procedure
	FOR EACH ROW WHEN (OLD.name = NEW.name AND OLD.procedure IS DISTINCT FROM NEW.procedure) EXECUTE FUNCTION _dunning.tell_change();
