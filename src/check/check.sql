-- Whether the ledgers can be read, and what changed under them.

-- Where an ERP is now: in its schema, or else in one that is no other ledger's.
CREATE FUNCTION _dunning.erp_is_in(seen jsonb, l dunning.ledger) RETURNS name
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT d.schema FROM jsonb_to_recordset(seen) AS d (erp name, schema name, sure numeric)
		WHERE d.erp = l.erp AND (d.schema = l.erp_schema OR d.schema NOT IN (
			SELECT o.erp_schema FROM dunning.ledger AS o WHERE o.erp = l.erp AND o.erp_schema IS NOT NULL))
		ORDER BY d.schema = l.erp_schema DESC, d.sure DESC, d.schema LIMIT 1);
COMMENT ON FUNCTION _dunning.erp_is_in(jsonb, dunning.ledger) IS
	'The schema that holds the ERP of a ledger by what dunning.detect_erp saw: its own, or the likeliest that no ledger has; NULL if none does';

-- What changed under the views of a profile
CREATE FUNCTION _dunning.erp_changes(l dunning.ledger, seen jsonb) RETURNS text[]
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN ARRAY(
		SELECT c.change FROM (
			SELECT format('table %s is gone', t.key) AS change
			FROM jsonb_each(l.erp_columns) AS t WHERE to_regclass(t.key) IS NULL AND to_regnamespace(quote_ident(l.erp_schema)) IS NOT NULL
			UNION ALL
			SELECT format('schema "%s" is gone', l.erp_schema) WHERE to_regnamespace(quote_ident(l.erp_schema)) IS NULL
			UNION ALL
			SELECT CASE WHEN a.attname IS NULL THEN format('column "%s" of %s is gone', c.key, t.key)
				ELSE format('column "%s" of %s is of type %s and no longer %s', c.key, t.key, format_type(a.atttypid, NULL), c.value) END
			FROM jsonb_each(l.erp_columns) AS t
			CROSS JOIN LATERAL jsonb_each_text(t.value) AS c
			LEFT JOIN pg_attribute AS a ON a.attrelid = to_regclass(t.key) AND a.attname = c.key AND a.attnum > 0 AND NOT a.attisdropped
			WHERE to_regclass(t.key) IS NOT NULL AND (a.attname IS NULL OR format_type(a.atttypid, NULL) <> c.value)) AS c
		ORDER BY c.change)
	|| ARRAY(
		SELECT format('%s was of version %s and is of %s', l.erp, coalesce(l.erp_version, 'no known one'), coalesce(d.version, 'none that is known'))
		FROM jsonb_to_recordset(seen) AS d (erp name, schema name, version text)
		WHERE d.erp = l.erp AND d.schema = l.erp_schema AND d.version IS DISTINCT FROM l.erp_version);
COMMENT ON FUNCTION _dunning.erp_changes(dunning.ledger, jsonb) IS 'What changed in the tables of an ERP since its ledger was adopted';

-- Volatile, since it catches errors
CREATE FUNCTION _dunning.reading_error(l dunning.ledger) RETURNS text
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	gone CONSTANT text := (SELECT string_agg(format('the %s are gone', r.scope), '; ' ORDER BY r.place)
		FROM (VALUES (1, 'items', l.relation), (2, 'payments', l.payments), (3, 'whole payments', l.whole_payments), (4, 'customers', l.customers)) AS r (place, scope,
			relation)
		WHERE r.relation IS NOT NULL AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = r.relation));
BEGIN
	IF gone IS NOT NULL THEN
		RETURN gone;
	ELSIF NOT _dunning.is_made(l) THEN
		RETURN 'its functions are not there, or are those of another ledger';
	ELSIF to_regprocedure(_dunning.ledger_function(l.id) || '(date)') IS NULL
		OR to_regprocedure(_dunning.ledger_function(l.id, true) || '(date)') IS NULL THEN
		RETURN 'a column or table that it read was dropped';
	END IF;
	PERFORM r FROM _dunning.read_texts(dunning.ledger_reader(l.ledger),
		format('SELECT count(i.open_amount)::text FROM %s AS i', _dunning.ledger_call(l.id, 'dunning.today()', true))) AS r;
	RETURN NULL;
EXCEPTION WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
	RAISE;
WHEN OTHERS OR assert_failure THEN
	RETURN SQLERRM;
END
$$;
COMMENT ON FUNCTION _dunning.reading_error(dunning.ledger) IS 'Why a ledger does not answer; NULL if it does';

CREATE FUNCTION _dunning.check_adopted(l dunning.ledger, seen jsonb, OUT ledger name, OUT ok boolean, OUT problem text, OUT hint text)
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	hidden CONSTANT text := CASE WHEN EXISTS (SELECT FROM pg_class AS c WHERE c.oid = l.relation) THEN dunning.ledger_hidden(l.ledger) END;
	broken CONSTANT text := coalesce(hidden, _dunning.reading_error(l));
	elsewhere CONSTANT name := _dunning.erp_is_in(seen, l);
	-- of the rows, which no adoption puts right
	repeated bigint;
	rules CONSTANT text := (SELECT string_agg(format('dunning.ledger_rule names the penalty rule "%s", which does not exist', n.name), '; ' ORDER BY n.name)
		FROM (SELECT DISTINCT v.name FROM dunning.ledger_rule AS x CROSS JOIN LATERAL (VALUES (x.rule), (x.consumer_rule)) AS v (name)
			WHERE x.ledger = l.ledger AND NOT EXISTS (SELECT FROM dunning.rule AS r WHERE r.name = v.name) AND v.name IS NOT NULL) AS n);
	charged CONSTANT text := (SELECT string_agg(format('consumers whose items are "%s" are charged the %s of the rule "%s"', c.value, c.charge, c.rule), '; ' ORDER BY c.value)
		FROM _dunning.consumers_charged(l) AS c);
	remarks text[] := ARRAY(SELECT c.change FROM _dunning.changed_columns(l) AS c);
BEGIN
	ledger := l.ledger;
	ok := broken IS NULL;
	IF ok AND _dunning.keys_may_repeat(l.ledger) THEN
		repeated := nullif((SELECT count(DISTINCT r.item) FROM _dunning.repeated_items(l.ledger, dunning.today()) AS r), 0);
	END IF;
	IF l.erp IS NOT NULL THEN
		remarks := remarks || _dunning.erp_changes(l, seen);
		hint := _dunning.adopt_again(l.ledger);
		IF elsewhere <> l.erp_schema THEN
			remarks := remarks || format('%s is in schema "%s"', l.erp, elsewhere);
			hint := format('Adopt it there, its history stays: SELECT * FROM dunning.adopt_erp(%L, schema => %L, ledger => %L, replace => true).', l.erp, elsewhere, l.ledger);
		ELSIF elsewhere IS NULL THEN
			IF remarks = '{}' THEN
				remarks := ARRAY[format('%s is no longer seen in schema "%s"', l.erp, l.erp_schema)];
			END IF;
			hint := format('No schema holds what the profile of %1$s looks for, so it cannot be adopted again before the tables or the profile are put right. '
				'To have its reminders wait until then: SELECT dunning.release_ledger(%2$L, keep => true).', l.erp, l.ledger);
		END IF;
	END IF;
	IF hidden IS NOT NULL THEN
		hint := CASE WHEN _dunning.distributed_relation(_dunning.ledger_relations(l)) IS NULL
			THEN 'That role has to see all rows (by a policy USING (true) for it, or BYPASSRLS) and to have SELECT; '
				'until then nothing of the ledger is raised, cancelled or claimed, and what is pending waits.'
			ELSE _dunning.distributed_hint() || format(' To have its reminders wait until then: SELECT dunning.release_ledger(%L, keep => true).', l.ledger) END;
	ELSIF ok AND remarks = '{}' THEN
		hint := CASE WHEN repeated IS NOT NULL THEN format('SELECT * FROM dunning.ledger_problems(%L) WHERE problem = ''repeated key'' lists them.', l.ledger)
			WHEN rules IS NOT NULL THEN format('Insert the rule into dunning.rule, or: UPDATE dunning.ledger_rule SET rule = ... WHERE ledger = %L.', l.ledger)
			WHEN charged IS NOT NULL THEN format('Name the rule that they owe: UPDATE dunning.ledger_rule SET consumer_rule = ... WHERE ledger = %L AND value = ...; if they owe the same, name the same.', l.ledger) END;
	ELSIF hint IS NULL THEN
		hint := CASE WHEN EXISTS (SELECT FROM pg_class AS c WHERE c.oid = l.relation)
			THEN format('Adopt it again with the columns as they are now, its history stays; they were: SELECT * FROM dunning.adopt(%L, ledger => %L, columns => %L, replace => true).',
				l.relation::text, l.ledger, l.columns)
			ELSE _dunning.adopt_again(l.ledger) END;
	END IF;
	problem := nullif(concat_ws('; ', nullif(array_to_string(remarks, '; '), ''), repeated || ' key(s) belong to several rows each: such items are neither reminded nor claimed for', rules, charged, broken), '');
END
$$;
COMMENT ON FUNCTION _dunning.check_adopted(dunning.ledger, jsonb) IS 'The row of dunning.check_ledgers for a ledger that is adopted';

CREATE FUNCTION _dunning.check_released(l dunning.ledger, seen jsonb, OUT ledger name, OUT ok boolean, OUT problem text, OUT hint text)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	elsewhere CONSTANT name := _dunning.erp_is_in(seen, l);
BEGIN
	ledger := l.ledger;
	ok := false;
	problem := format('released on %s to be adopted again: %s pending reminder(s) wait', to_char(l.released_at, 'YYYY-MM-DD'),
		(SELECT count(*) FROM dunning.reminder AS r WHERE r.ledger = l.ledger AND r.state = 'pending'))
		|| CASE WHEN l.erp IS NULL OR elsewhere = l.erp_schema THEN '' ELSE '; '
			|| CASE WHEN to_regnamespace(quote_ident(l.erp_schema)) IS NULL THEN format('schema "%s" is gone', l.erp_schema)
				ELSE format('%s is no longer seen in schema "%s"', l.erp, l.erp_schema) END
			|| coalesce('; ' || l.erp || ' is in schema "' || elsewhere || '"', '') END;
	hint := CASE WHEN l.erp IS NOT NULL AND elsewhere IS NULL
		THEN format('No schema holds what the profile of %1$s looks for, so it cannot be adopted again before the tables or the profile are put right; '
			'its reminders wait until then. To release it for good, which cancels them: SELECT dunning.release_ledger(%2$L).', l.erp, l.ledger)
		ELSE format('Adopt it again: SELECT * FROM %s; or release it for good, which cancels them: SELECT dunning.release_ledger(%L).',
			CASE WHEN l.erp IS NOT NULL THEN format('dunning.adopt_erp(%L, schema => %L, ledger => %L)', l.erp, elsewhere, l.ledger)
				ELSE format('dunning.adopt(%L, ledger => %L)', l.relation_name, l.ledger) END, l.ledger) END;
END
$$;
COMMENT ON FUNCTION _dunning.check_released(dunning.ledger, jsonb) IS 'The row of dunning.check_ledgers for a ledger that is released to be adopted again';

CREATE FUNCTION dunning.check_ledgers() RETURNS TABLE (ledger name, ok boolean, problem text, hint text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	l dunning.ledger;
	seen jsonb := '[]';
BEGIN
	IF EXISTS (SELECT FROM dunning.ledger AS s WHERE s.erp IS NOT NULL) THEN
		SELECT coalesce(jsonb_agg(to_jsonb(d)), '[]') INTO seen FROM dunning.detect_erp() AS d;
	END IF;
	FOR l IN SELECT s.* FROM dunning.ledger AS s ORDER BY s.state, s.ledger LOOP
		IF l.state = 'adopted' THEN
			RETURN QUERY SELECT c.ledger, c.ok, c.problem, c.hint FROM _dunning.check_adopted(l, seen) AS c;
		ELSE
			RETURN QUERY SELECT c.ledger, c.ok, c.problem, c.hint FROM _dunning.check_released(l, seen) AS c;
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dunning.check_ledgers() IS
	'Whether each ledger still answers, what changed in the tables under it since it was adopted, and how to adopt it again with its history; a ledger that is released to be adopted again is told, too';
