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
	withdrawn bigint --: Pending reminders that the next run would withdraw
);

CREATE FUNCTION dunning.procedure_change(name text, procedure dunning.dunning_procedure)
	RETURNS SETOF dunning.changed_step
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	l dunning.ledger;
	source text;
BEGIN
	PERFORM _dunning.need_all_facts();
	IF procedure_change.procedure IS NULL THEN
		RAISE EXCEPTION 'no new procedure is given' USING ERRCODE = 'null_value_not_allowed', HINT = 'SELECT * FROM dunning.procedure_change(name, ''5 email; ...'').';
	END IF;
	IF NOT EXISTS (SELECT FROM dunning.procedure AS p WHERE p.name = procedure_change.name) THEN
		RAISE EXCEPTION 'dunning procedure "%" does not exist', coalesce(procedure_change.name, 'NULL')
			USING ERRCODE = 'undefined_object', HINT = 'SELECT name FROM dunning.procedure lists them.';
	END IF;
	FOR l IN SELECT s.* FROM dunning.ledger AS s
		WHERE s.state = 'adopted' AND (s.procedure = procedure_change.name OR s.columns ->> 'procedure' IS NOT NULL
			OR EXISTS (SELECT FROM dunning.assignment AS a WHERE a.ledger = s.ledger AND a.kind = 'procedure' AND a.value = procedure_change.name)) ORDER BY s.ledger
	LOOP
		source := _dunning.items_source(l.ledger, dunning.today(), 'i.open_amount > 0', whole => true);
		RETURN QUERY EXECUTE format($q$
			WITH now AS MATERIALIZED (
				SELECT w.item, w.part, w.customer, w.currency, w.open_amount, w.last_step, w.state, w.step, w.channel
				FROM (%1$s) AS w WHERE w.procedure_name = $1 AND w.dunnable AND w.problem IS NULL
			), later AS MATERIALIZED (
				SELECT w.item, w.part, w.state, w.step, w.channel FROM (%2$s) AS w WHERE w.procedure_name = $1 AND w.dunnable AND w.problem IS NULL
			), gone AS (
				SELECT r.item, r.part, count(*) AS n FROM dunning.reminder AS r
				WHERE r.ledger = $3 AND r.state = 'pending' AND NOT EXISTS (SELECT FROM dunning.steps($2) AS s
					WHERE (s.step, s.channel, s.label) IS NOT DISTINCT FROM (r.step, r.channel, r.label))
				GROUP BY r.item, r.part
			)
			SELECT $3, (n.state, n.step, n.channel) IS DISTINCT FROM (t.state, t.step, t.channel), n.last_step IS NOT NULL,
				n.state, n.step, n.channel, t.state, t.step, t.channel, count(*), count(DISTINCT n.customer), n.currency, sum(n.open_amount), coalesce(sum(g.n), 0)::bigint
			FROM now AS n JOIN later AS t ON t.item = n.item AND t.part = n.part
			LEFT JOIN gone AS g ON g.item = n.item AND g.part = n.part
			GROUP BY 2, 3, 4, 5, 6, 7, 8, 9, n.currency
			ORDER BY 2 DESC, 3 DESC, count(*) DESC, 4, 5, 6, 7, 8, 9, n.currency $q$,
			_dunning.worklist_query(source, 'false'),
			_dunning.worklist_query(source, 'false',
				procedures => '(SELECT q.name, CASE WHEN q.name = $1 THEN $2 ELSE q.procedure END AS procedure FROM dunning.procedure AS q)'))
		USING procedure_change.name, procedure_change.procedure, l.ledger;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dunning.procedure_change(text, dunning.dunning_procedure) IS
	'What the next step of each open item becomes on dunning.today() if this procedure is changed; it changes nothing. A row for each ledger, step of now, step of then and currency, and how many pending reminders the next run would withdraw';
