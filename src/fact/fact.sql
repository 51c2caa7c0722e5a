-- Facts: what our own tables say happened.  Of a fact only its end is filled in.

CREATE FUNCTION _dunning.keep_fact() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	noun CONSTANT text := TG_ARGV[0];
	number text;
	changed text;
BEGIN
	IF TG_OP = 'TRUNCATE' THEN
		RAISE EXCEPTION 'table %.% cannot be truncated', TG_TABLE_SCHEMA, TG_TABLE_NAME
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Its rows are facts, which answer for their days.', HINT = format(TG_ARGV[2], '...');
	END IF;
	number := to_jsonb(OLD)->>noun;
	-- whose key changed keeps his facts
	IF TG_OP = 'UPDATE' AND _dunning.is_merged(to_jsonb(OLD), to_jsonb(NEW)) THEN
		RETURN NULL;
	END IF;
	-- what is in the archive may go, or be emptied
	IF _dunning.is_archived(TG_TABLE_NAME, number) AND (TG_OP = 'DELETE' OR NOT EXISTS (
			SELECT FROM jsonb_each(to_jsonb(NEW)) AS n WHERE n.value <> to_jsonb(OLD)->n.key AND n.value <> 'null')) THEN
		RETURN NULL;
	END IF;
	IF TG_OP = 'DELETE' THEN
		RAISE EXCEPTION '% % cannot be deleted', noun, number
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'It is a fact, which answers for its days.', HINT = format(TG_ARGV[2], number);
	END IF;
	SELECT string_agg(n.key || CASE WHEN n.key = 'state' THEN format(' (from %s to %s)', o.value->>0, n.value->>0) ELSE '' END, ', ' ORDER BY n.key) INTO changed
	FROM jsonb_each(to_jsonb(NEW)) AS n CROSS JOIN LATERAL (SELECT to_jsonb(OLD)->n.key AS value) AS o
	WHERE n.value <> o.value;
	RAISE EXCEPTION '% % cannot be changed in this way', noun, number
		USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('It is a fact: only its end is filled in, once. Changed: %s.', changed),
			HINT = format(TG_ARGV[1], number);
END
$$;
COMMENT ON FUNCTION _dunning.keep_fact() IS 'Trigger of _dunning.keep_facts: refuses a change or a deletion, but for rows that this transaction has put into the archive; error 55000';

CREATE FUNCTION _dunning.need_reason(reason text, purpose text, hint text) RETURNS void
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF coalesce(trim(reason), '') = '' THEN
		RAISE EXCEPTION 'a reason is needed to %', purpose USING ERRCODE = 'invalid_parameter_value', HINT = need_reason.hint;
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_reason(text, text, text) IS 'Error 22023 for a verb that is given no reason, with what it is needed for';

-- A verb that ends a fact locks it first.
CREATE FUNCTION _dunning.find_facts(relation regclass, noun text, hint text) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('CREATE FUNCTION _dunning.%1$I(%2$I bigint) RETURNS %3$s LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS %4$L',
		'need_' || noun, noun, relation, format($body$
#variable_conflict use_column
DECLARE
	found_one %1$s;
BEGIN
	SELECT f.* INTO found_one FROM %1$s AS f WHERE f.%2$I = %3$I.%2$I FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		IF EXISTS (SELECT FROM %1$s AS f WHERE f.%2$I = %3$I.%2$I) THEN
			RAISE EXCEPTION 'role "%%" may not change %2$s %%', current_user, %3$I.%2$I
				USING ERRCODE = 'insufficient_privilege', HINT = 'SELECT * FROM dunning.access shows its access.';
		END IF;
		RAISE EXCEPTION '%2$s %% does not exist', coalesce(%3$I.%2$I::text, 'NULL') USING ERRCODE = 'no_data_found', HINT = %4$L;
	END IF;
	RETURN found_one;
END
$body$, relation, noun, 'need_' || noun, hint));
	EXECUTE format('COMMENT ON FUNCTION _dunning.%I(bigint) IS %L', 'need_' || noun,
		format('A %s by its number, locked; error P0002 if there is none, 42501 if the current user may not change it', noun));
END
$$;
COMMENT ON FUNCTION _dunning.find_facts(regclass, text, text) IS
	'Makes the function _dunning.need_NOUN, which locks a fact by its number; hint: how to see those that are there';

-- Who ends a fact, and when, nobody says himself.
CREATE FUNCTION _dunning.end_facts(relation regclass, noun text, verb text, hint text, others text[] DEFAULT '{}',
		ended text DEFAULT NULL, to_come boolean DEFAULT false) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	noted CONSTANT text := E'\tNEW.%1$I := CASE WHEN OLD.%2$I IS NULL AND NEW.%2$I IS NOT NULL THEN %3$s ELSE %4$s.%1$I END;\n';
	says CONSTANT text := coalesce(ended, verb || '_on');
	body text := format(noted, verb || '_at', says, 'now()', 'NEW') || format(noted, verb || '_by', says, 'session_user', 'NEW');
	i integer;
BEGIN
	FOR i IN 1 .. coalesce(array_length(others, 1), 0) LOOP
		body := body || format(noted, others[i][2], others[i][1], 'now()', 'OLD');
	END LOOP;
	IF NOT to_come THEN
		body := format($body$	IF NEW.%1$I > _dunning.real_day() AND NEW.%1$I IS DISTINCT FROM OLD.%1$I THEN
		RAISE EXCEPTION '%2$s %% cannot end on %%, a day to come', OLD.%2$I, _dunning.day_text(NEW.%1$I)
			USING ERRCODE = 'check_violation', DETAIL = pg_catalog.format('Today is %%s.', _dunning.day_text(_dunning.real_day())), HINT = 'End it when the day has come.';
	END IF;
$body$, says, noun) || body;
	END IF;
	EXECUTE format('CREATE FUNCTION _dunning.%I() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS %L',
		'stamp_' || noun, format(E'\nBEGIN\n%s\tRETURN NEW;\nEND\n', body));
	EXECUTE format('COMMENT ON FUNCTION _dunning.%I() IS %L', 'stamp_' || noun,
		format('Trigger: writes who ends a row of %s, and when', relation) || CASE WHEN to_come THEN '' ELSE '; error 23514 for a day to come' END);
	EXECUTE format('CREATE TRIGGER stamp_end BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION _dunning.%I()', relation, 'stamp_' || noun);
	PERFORM _dunning.find_facts(relation, noun, hint);
END
$$;
COMMENT ON FUNCTION _dunning.end_facts(regclass, text, text, text, text[], text, boolean) IS
	'Makes what the end of the facts of a table needs: a trigger that writes who notes it in VERB_on, or the column ended, and when; it refuses a day to come, unless to_come; and what find_facts makes. others: pairs of a column that is noted once and the one of its time';

CREATE FUNCTION _dunning.fact_changed(old record, new record, ends text[], once text[]) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_fact_changed';
COMMENT ON FUNCTION _dunning.fact_changed(record, record, text[], text[]) IS
	'Whether two rows of a table differ, byte by byte, in a column that is neither an end, nor one that is filled in once and was NULL';

-- The conditions are evaluated on the row as it was written, after what triggers
-- of others made of it.  They are short, since each statement parses them.
CREATE FUNCTION _dunning.keep_facts(relation regclass, noun text, ends text[], once text[], refused text, change_hint text,
		delete_hint text, kept text DEFAULT 'true') RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	condition CONSTANT text := concat_ws(' OR ', format('_dunning.fact_changed(OLD.*, NEW.*, %L::text[], %L::text[])', ends, coalesce(once, '{}')),
		'(' || refused || ')');
BEGIN
	EXECUTE format('CREATE TRIGGER keep_fact AFTER UPDATE ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION _dunning.keep_fact(%L, %L, %L)',
		relation, condition, noun, change_hint, delete_hint);
	IF delete_hint IS NOT NULL THEN
		EXECUTE format('CREATE TRIGGER keep_row AFTER DELETE ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION _dunning.keep_fact(%L, %L, %L)',
			relation, kept, noun, change_hint, delete_hint);
		EXECUTE format('CREATE TRIGGER keep_rows BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION _dunning.keep_fact(%L, %L, %L)',
			relation, noun, change_hint, delete_hint);
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.keep_facts(regclass, text, text[], text[], text, text, text, text) IS
	'Makes the triggers that keep the facts of a table: only the columns of the end change, some of them once, and nothing that a condition on OLD and NEW refuses; rows that meet kept are not deleted, if there is a hint for it';
