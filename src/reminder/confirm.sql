-- A procedure whose steps changed under its items.  Their levels are numbers
-- of the steps that they have had; which numbers those are now, somebody says.
CREATE FUNCTION dunning.confirm_procedure(ledger name, levels integer[] DEFAULT NULL, was dunning.dunning_procedure DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET dunning.today = '' SET jit = off AS $$
#variable_conflict use_column
DECLARE
	change record;
	old_one dunning.dunning_procedure;
	steps integer;
	ids bigint[];
	numbers integer[];
	let_go bigint := 0;
BEGIN
	PERFORM _dunning.need_all_facts();
	PERFORM _dunning.need_ledger(ledger);
	IF array_ndims(levels) > 1 OR array_lower(levels, 1) <> 1 OR array_position(levels, NULL) IS NOT NULL THEN
		RAISE EXCEPTION 'the new levels "%" are not a list of numbers', levels
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Give the new level of each old one, from the first to the last, as in ''{0,1}''; 0 is for one that counts no more.';
	END IF;
	-- what was not sent is withdrawn, and raised by the procedure as it is now
	UPDATE dunning.reminder AS r
	SET state = 'cancelled', cancelled_at = now(), reason = 'its step of the procedure was changed'
	FROM _dunning.ledger_worklist(confirm_procedure.ledger) AS w
	WHERE r.ledger = w.ledger AND r.item = w.item AND r.part = w.part AND r.state = 'pending'
		AND _dunning.same_steps(coalesce(r.counts_in, r.procedure), w.procedure, coalesce(r.counts_as, r.level)) IS FALSE;
	FOR change IN
		SELECT w.last_procedure AS old, w.procedure AS new, array_agg(w.item) AS items, array_agg(w.part) AS parts, max(w.last_level) AS last_level
		FROM _dunning.ledger_worklist(confirm_procedure.ledger) AS w
		WHERE (was IS NULL OR w.last_procedure = was)
			AND EXISTS (SELECT FROM dunning.reminder AS r
				WHERE r.ledger = w.ledger AND r.item = w.item AND r.part = w.part AND r.state <> 'cancelled'
					AND NOT _dunning.same_steps(coalesce(r.counts_in, r.procedure), w.procedure, coalesce(r.counts_as, r.level)))
		GROUP BY w.last_procedure, w.procedure
	LOOP
		IF levels IS NOT NULL AND old_one <> change.old THEN
			RAISE EXCEPTION 'the items of ledger "%" have had steps of several procedures', ledger
				USING ERRCODE = 'invalid_parameter_value', DETAIL = format('They are "%s" and "%s".', old_one, change.old),
					HINT = format('Confirm one after the other: SELECT dunning.confirm_procedure(%L, %L, was => %L).', ledger, levels, old_one);
		END IF;
		old_one := change.old;
		steps := (SELECT count(*) FROM dunning.steps(change.new));
		IF cardinality(levels) < change.last_level OR EXISTS (SELECT FROM unnest(levels) AS n WHERE n NOT BETWEEN 0 AND steps) THEN
			RAISE EXCEPTION 'the new levels "%" do not fit', levels
				USING ERRCODE = 'invalid_parameter_value',
					DETAIL = format('Items have had up to %s levels, and their procedure has %s steps now: "%s".', change.last_level, steps, change.new),
					HINT = 'Give the new level of each old one, from the first to the last; 0 is for one that counts no more.';
		END IF;
		-- of several levels that become one, the last counts
		SELECT array_agg(m.reminder), array_agg(CASE WHEN m.nth = 1 THEN m.new_level ELSE 0 END) INTO ids, numbers
		FROM (SELECT f.*, row_number() OVER (PARTITION BY f.item, f.part, f.new_level ORDER BY f.level DESC) AS nth
			FROM (SELECT r.reminder, r.item, r.part, n.level,
					CASE WHEN n.level = 0 OR levels IS NULL THEN n.level ELSE coalesce(levels[n.level], 0) END AS new_level
				FROM unnest(change.items, change.parts) AS i (item, part)
				JOIN dunning.reminder AS r ON r.ledger = confirm_procedure.ledger AND r.item = i.item AND r.part = i.part
				CROSS JOIN LATERAL (VALUES (coalesce(r.counts_as, r.level))) AS n (level)
				WHERE r.state <> 'cancelled') AS f) AS m;
		-- by way of 0, so that no two are the same level in between
		UPDATE dunning.reminder AS r SET counts_as = 0, counts_in = change.new WHERE r.reminder = ANY (ids);
		UPDATE dunning.reminder AS r SET counts_as = n.level
		FROM unnest(ids, numbers) AS n (reminder, level) WHERE r.reminder = n.reminder AND n.level > 0;
		let_go := let_go + cardinality(change.items);
	END LOOP;
	RETURN let_go;
END
$$;
COMMENT ON FUNCTION dunning.confirm_procedure(name, integer[], dunning.dunning_procedure) IS
	'Lets the items of a ledger go on whose procedure was changed in the steps that they have had, and returns their number: the first element of levels is what the old level 1 is in the procedure as it is now, and so on, 0 for a level that counts no more; without levels each keeps its number; was: only those who have had the steps of this procedure. Error 22023 for levels that do not fit or of several procedures, 42704 for an unknown ledger';
