-- Known ERPs: seen by their tables, adopted in one call.
--
-- A profile is a row of dunning.erp and functions that are found by its name,
-- each of (schema name, version text) unless it says otherwise:
--   erp_NAME_detect(schema name)  the version that a schema holds, if it does
--   erp_NAME_views                the views to make: item, payment, customer, and
--                                 whole_payment if all payments are better read otherwise
--   erp_NAME_columns              further columns of these views (optional)
--   erp_NAME_indexes              the indexes that matter and are missing
--   erp_NAME_watch                the tables to watch (optional)
--   erp_NAME_procedures           the ERP's own dunning procedures (optional)

CREATE TABLE dunning.erp ( --: The ERPs that dunning.adopt_erp knows: each has functions of its name
	name name PRIMARY KEY, --: Name: a part of the names of its functions, and of the ledger's unless that is given
	title text NOT NULL, --: What the ERP calls itself
	description text NOT NULL, --: What is taken for an item, a payment and a customer
	shipped boolean NOT NULL DEFAULT false --: Whether the row came with the extension
);
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.erp
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('name');
SELECT pg_catalog.pg_extension_config_dump('dunning.erp', 'WHERE NOT shipped');

-- What profiles ask of the catalogs

CREATE FUNCTION _dunning.erp_has(schema name, relation text, VARIADIC columns text[] DEFAULT '{}') RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT EXISTS (
			SELECT FROM pg_catalog.pg_class AS c
			JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
			WHERE n.nspname = erp_has.schema AND c.relname = erp_has.relation AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
				AND (SELECT count(*) FROM pg_catalog.pg_attribute AS a
					WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
						AND a.attname = ANY (erp_has.columns)) = cardinality(erp_has.columns));
	END;
COMMENT ON FUNCTION _dunning.erp_has(name, text, text[]) IS 'Whether a schema has a table or view with these columns, named once each';

CREATE FUNCTION _dunning.erp_first(schema name, relation text, alias text, columns text[]) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce('coalesce(' || string_agg(format('nullif(btrim(%s.%I::text), '''')', alias, c.name), ', ' ORDER BY c.n) || ')', 'NULL::text')
	FROM unnest(columns) WITH ORDINALITY AS c (name, n) WHERE _dunning.erp_has(schema, relation, c.name)
$$;
COMMENT ON FUNCTION _dunning.erp_first(name, text, text, text[]) IS 'The expression for the first text that is not empty, of those columns that a table has';

CREATE FUNCTION _dunning.erp_lines(schema name, relation text, alias text, columns text[]) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce('nullif(concat_ws(E''\n'', ' || string_agg(format('nullif(btrim(%s.%I::text), '''')', alias, c.name), ', ' ORDER BY c.n) || '), '''')', 'NULL::text')
	FROM unnest(columns) WITH ORDINALITY AS c (name, n) WHERE _dunning.erp_has(schema, relation, c.name)
$$;
COMMENT ON FUNCTION _dunning.erp_lines(name, text, text, text[]) IS 'The expression for the lines of an address, of those columns that a table has';

CREATE FUNCTION _dunning.erp_missing_index(schema name, relation text, column_name text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT format('CREATE INDEX ON %s (%I)', format('%I.%I', schema, relation), column_name)
		FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE n.nspname = schema AND c.relname = relation AND c.relkind IN ('r', 'p', 'm')
			AND EXISTS (SELECT FROM _dunning.relation_columns(c.oid) AS rc WHERE rc.column_name = erp_missing_index.column_name)
			AND NOT _dunning.has_index(c.oid, column_name));
COMMENT ON FUNCTION _dunning.erp_missing_index(name, text, text) IS
	'The statement that makes an index on a column of an ERP''s table; NULL if one begins with it, or there is no such column';

-- The part of a running total that falls to one term of a schedule: what is
-- between its bounds, without a lower one for the first and an upper one for
-- the last, so that the terms always add up to the whole.
CREATE FUNCTION _dunning.erp_share(total numeric, moved numeric, from_amount numeric, to_amount numeric) RETURNS numeric
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN greatest(coalesce(from_amount, '-Infinity'), least(coalesce(to_amount, 'Infinity'), total))
		- greatest(coalesce(from_amount, '-Infinity'), least(coalesce(to_amount, 'Infinity'), total - moved));
COMMENT ON FUNCTION _dunning.erp_share(numeric, numeric, numeric, numeric) IS
	'What a movement that brought a running total to an amount adds between two bounds; NULL is no bound';

CREATE FUNCTION _dunning.erp_net(amount numeric, net numeric, total numeric) RETURNS numeric
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN total <> 0 THEN CASE WHEN amount = total THEN trim_scale(net) ELSE trim_scale(round(amount * net / total, 12)) END END;
COMMENT ON FUNCTION _dunning.erp_net(numeric, numeric, numeric) IS
	'What of an amount of a document is without tax, of a document with a net and a total amount; NULL if the total is zero';

-- A further column of a view reads tables that an ERP may have or not: {TABLE} in its
-- expression is one of them, and needs says which columns must be there.
CREATE FUNCTION _dunning.erp_expression(schema name, prefix text, needs jsonb, expression text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT CASE WHEN bool_and(_dunning.erp_has(schema, prefix || n.key, VARIADIC string_to_array(n.value, ' ')))
			THEN (SELECT string_agg(CASE WHEN p.n % 2 = 0 THEN format('%I.%I', schema, prefix || p.text) ELSE p.text END, '' ORDER BY p.n)
				FROM regexp_split_to_table(expression, '[{}]') WITH ORDINALITY AS p (text, n)) END
		FROM jsonb_each_text(needs) AS n);
COMMENT ON FUNCTION _dunning.erp_expression(name, text, jsonb, text) IS
	'An expression in which {TABLE} is a table of a schema whose name begins with a prefix; NULL unless the tables have the columns that it needs';

-- The name of a profile's function, if there is one
CREATE FUNCTION _dunning.erp_function(erp name, purpose text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT format('_dunning.%I', p.proname)
		FROM pg_proc AS p
		WHERE p.pronamespace = '_dunning'::regnamespace AND p.proname::text = format('erp_%s_%s', erp, purpose)
			AND p.proargtypes::text = array_to_string(CASE purpose WHEN 'detect' THEN ARRAY['name'::regtype::oid]
				ELSE ARRAY['name'::regtype::oid, 'text'::regtype::oid] END, ' '));
COMMENT ON FUNCTION _dunning.erp_function(name, text) IS 'The function of an ERP''s profile for a purpose (detect, views, columns, indexes, watch, procedures), NULL if it has none';

-- Volatile, and so for those only to whom it is granted, since it catches errors:
-- a profile that raises one must not keep the others from being seen.
CREATE FUNCTION dunning.detect_erp()
	RETURNS TABLE (erp text, version text, schema name, sure numeric, evidence text, adopts text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	one name;
	home name;
	seen record;
	told name[] := '{}';
BEGIN
	FOR one, home IN
		SELECT e.name, n.nspname
		FROM dunning.erp AS e
		CROSS JOIN pg_namespace AS n
		WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'dunning', '_dunning')
			AND n.nspname NOT IN (SELECT _dunning.erp_view_schema(l.ledger) FROM dunning.ledger AS l WHERE l.erp IS NOT NULL)
			AND _dunning.erp_function(e.name, 'detect') IS NOT NULL
		ORDER BY e.name, n.nspname
	LOOP
		BEGIN
			FOR seen IN EXECUTE format('SELECT d.version, d.sure, d.evidence FROM %s($1) AS d', _dunning.erp_function(one, 'detect')) USING home
			LOOP
				erp := one;
				schema := home;
				version := seen.version;
				sure := seen.sure;
				evidence := seen.evidence;
				adopts := coalesce(
					(SELECT format(CASE l.state WHEN 'adopted' THEN 'adopted as the ledger "%s"' ELSE 'released to be adopted again as the ledger "%s"' END, l.ledger)
						FROM dunning.ledger AS l WHERE l.erp = one AND l.erp_schema = home LIMIT 1),
					(SELECT e.description FROM dunning.erp AS e WHERE e.name = one));
				RETURN NEXT;
			END LOOP;
		EXCEPTION WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
			RAISE;
		WHEN OTHERS OR assert_failure THEN
			IF one <> ALL (told) THEN
				told := told || one;
				RAISE WARNING 'the profile of ERP "%" cannot look at schema "%": %', one, home, SQLERRM;
			END IF;
		END;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dunning.detect_erp() IS
	'The known ERPs that this database holds, by their tables and columns: version, schema, how sure it is (0 to 1), by what, and what dunning.adopt_erp would adopt; a profile that raises an error is told in a warning';

-- The columns that the views of a schema read from the tables of others
CREATE FUNCTION _dunning.erp_columns(view_schema name) RETURNS jsonb
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT coalesce(jsonb_object_agg(t.relation, t.columns), '{}')
		FROM (
			SELECT format('%I.%I', n.nspname, c.relname) AS relation, jsonb_object_agg(a.attname, format_type(a.atttypid, NULL)) AS columns
			FROM pg_class AS v
			JOIN pg_namespace AS s ON s.oid = v.relnamespace
			JOIN pg_rewrite AS r ON r.ev_class = v.oid
			JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
			JOIN pg_class AS c ON c.oid = d.refobjid
			JOIN pg_namespace AS n ON n.oid = c.relnamespace
			JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
			WHERE s.nspname = erp_columns.view_schema AND n.nspname NOT IN (s.nspname, 'dunning', '_dunning')
			GROUP BY 1) AS t);
COMMENT ON FUNCTION _dunning.erp_columns(name) IS 'The columns of other schemas'' tables that the views of a schema read: table to column to type';

-- The mapping for dunning.adopt: in a profile's views every field has its own
-- name, so that nothing is guessed, and the payments of an item are found by the
-- ERP's indexes.
CREATE FUNCTION _dunning.erp_mapping(view_schema name) RETURNS jsonb
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT '{"payments": null, "customers": null}'::jsonb || jsonb_object_agg(m.field, m.value) FILTER (WHERE m.scope = 'items')
			|| coalesce(jsonb_build_object('payments', jsonb_object_agg(m.field, m.value) FILTER (WHERE m.scope = 'payments') || '{"table": "payment", "indexed": true}'
				|| CASE WHEN to_regclass(format('%I.whole_payment', view_schema)) IS NULL THEN '{}' ELSE '{"whole": "whole_payment"}'::jsonb END), '{}')
			|| coalesce(jsonb_build_object('customers', jsonb_object_agg(m.field, m.value) FILTER (WHERE m.scope = 'customers') || '{"table": "customer"}'), '{}')
		FROM (
			-- columns attribute_NAME are attributes
			SELECT CASE c.relname WHEN 'item' THEN 'items' ELSE 'customers' END AS scope, 'attributes' AS field,
				jsonb_object_agg(substr(a.attname, 11), a.attname) AS value
			FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid
			WHERE n.nspname = erp_mapping.view_schema AND c.relname IN ('item', 'customer') AND a.attname ~ '^attribute_.' AND a.attnum > 0 AND NOT a.attisdropped
			GROUP BY c.relname
			UNION ALL
			SELECT f.scope, f.field, (SELECT to_jsonb(a.attname) FROM pg_attribute AS a
					WHERE a.attrelid = c.oid AND a.attname = f.field AND a.attnum > 0 AND NOT a.attisdropped) AS value
			FROM dunning.ledger_field AS f
			JOIN pg_class AS c ON c.relname = CASE f.scope WHEN 'items' THEN 'item' WHEN 'payments' THEN 'payment' ELSE 'customer' END
			JOIN pg_namespace AS n ON n.oid = c.relnamespace
			WHERE n.nspname = erp_mapping.view_schema) AS m);
COMMENT ON FUNCTION _dunning.erp_mapping(name) IS 'The mapping of the views of an ERP''s ledger, for dunning.adopt';

-- A view as it was is kept, with what depends on it; one of other columns is
-- made anew.
CREATE FUNCTION _dunning.erp_make_view(view_schema name, view name, query text, description text) RETURNS void
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	BEGIN
		EXECUTE format('CREATE OR REPLACE VIEW %I.%I WITH (security_invoker = true) AS %s', view_schema, view, query);
	EXCEPTION WHEN invalid_table_definition THEN
		EXECUTE format('DROP VIEW %I.%I', view_schema, view);
		EXECUTE format('CREATE VIEW %I.%I WITH (security_invoker = true) AS %s', view_schema, view, query);
	END;
	EXECUTE format('COMMENT ON VIEW %I.%I IS %L', view_schema, view, description);
	-- the rights that count are those on the ERP's tables
	EXECUTE format('GRANT SELECT ON %I.%I TO PUBLIC', view_schema, view);
END
$$;
COMMENT ON FUNCTION _dunning.erp_make_view(name, name, text, text) IS 'Makes one view of an ERP''s ledger, read with the rights of whoever reads it';

-- The triggers of _dunning.watch on the ERP's own tables: each names the column
-- that holds the key of an item.  Where no two rows have one key, a row is the item.
CREATE FUNCTION _dunning.erp_watch(ledger name) RETURNS TABLE (field text, source text, why text)
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	l dunning.ledger;
	t record;
	n integer := 0;
BEGIN
	SELECT * INTO l FROM dunning.ledger AS s WHERE s.ledger = erp_watch.ledger;
	PERFORM dunning.unwatch_ledger(erp_watch.ledger);
	IF _dunning.erp_function(l.erp, 'watch') IS NOT NULL THEN
		FOR t IN EXECUTE format('SELECT format(''%%I.%%I'', $1, w.relation)::regclass AS relation, w.column_name, w.why FROM %s($1, $2) AS w',
			_dunning.erp_function(l.erp, 'watch')) USING l.erp_schema, l.erp_version
		LOOP
			n := n + 1;
			PERFORM dunning.watch_table(l.ledger, t.relation, t.column_name, CASE WHEN _dunning.is_unique(t.relation, t.column_name) THEN 'item'
				ELSE 'other' END);
			RETURN QUERY SELECT 'watch', format('%s.%I', t.relation, t.column_name), t.why;
		END LOOP;
	END IF;
	IF n = 0 THEN
		RETURN QUERY SELECT 'watch', NULL::text, format('no table of %s can be watched: the next run cancels what was settled', l.erp);
	ELSE
		PERFORM _dunning.warn_reader(erp_watch.ledger);
	END IF;
	UPDATE dunning.ledger AS s SET watched = n > 0 WHERE s.ledger = erp_watch.ledger;
END
$$;
COMMENT ON FUNCTION _dunning.erp_watch(name) IS 'Attaches _dunning.watch to the tables of a ledger''s ERP, and says to which';

-- The ERP's own dunning procedures become rows of dunning.procedure.  A row that
-- is there already is left as it is.
CREATE FUNCTION _dunning.erp_take_procedures(erp name, schema name, version text) RETURNS TABLE (field text, source text, why text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	one record;
	there text;
BEGIN
	IF _dunning.erp_function(erp_take_procedures.erp, 'procedures') IS NULL THEN
		RETURN;
	END IF;
	FOR one IN EXECUTE format('SELECT p.name, p.procedure, p.why FROM %s($1, $2) AS p ORDER BY p.name', _dunning.erp_function(erp_take_procedures.erp, 'procedures'))
		USING erp_take_procedures.schema, erp_take_procedures.version
	LOOP
		BEGIN
			SELECT d.procedure::text INTO there FROM dunning.procedure AS d WHERE d.name = one.name;
			IF there IS NULL THEN
				INSERT INTO dunning.procedure (name, procedure, description) VALUES (one.name, one.procedure::dunning.dunning_procedure,
					one.why);
				RETURN QUERY SELECT 'procedure', one.name, format('%s: %s', one.why, one.procedure::dunning.dunning_procedure);
			ELSIF there <> one.procedure::dunning.dunning_procedure::text THEN
				RETURN QUERY SELECT 'procedure', one.name, format('is there already and stays as it is; %s: %s', one.why, one.procedure::dunning.dunning_procedure);
			END IF;
		EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
			RETURN QUERY SELECT 'procedure', NULL::text, format('"%s" cannot be a procedure: %s', one.name, SQLERRM);
		END;
	END LOOP;
END
$$;
COMMENT ON FUNCTION _dunning.erp_take_procedures(name, name, text) IS 'Adds an ERP''s own dunning procedures to dunning.procedure, and says which; one of the same name stays as it is';

-- The ledger that an adoption takes the place of.  Its reminders and claims belong to
-- the items of its ERP and schema, so it stays with them.
CREATE FUNCTION _dunning.erp_former(ledger name, erp text, schema name, replace boolean) RETURNS dunning.ledger
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	l dunning.ledger;
	another CONSTANT text := 'Give another name (ledger => ...), or release it for good: SELECT dunning.release_ledger(%L).';
BEGIN
	IF ledger IS NULL AND erp IS NULL THEN
		IF replace AND (SELECT count(*) FROM dunning.ledger AS s WHERE s.erp IS NOT NULL) > 1 THEN
			RAISE EXCEPTION 'more than one ledger is of an ERP'
				USING ERRCODE = 'ambiguous_parameter',
					DETAIL = (SELECT format('They are: %s.', string_agg(s.ledger::text, ', ' ORDER BY s.ledger)) FROM dunning.ledger AS s
						WHERE s.erp IS NOT NULL),
					HINT = 'Say which is to be adopted anew: dunning.adopt_erp(ledger => ..., replace => true).';
		END IF;
		SELECT s.* INTO l FROM dunning.ledger AS s WHERE s.erp IS NOT NULL AND (replace OR s.state = 'released')
			AND (SELECT count(*) FROM dunning.ledger AS o WHERE o.erp IS NOT NULL AND (replace OR o.state = 'released')) = 1;
	ELSE
		SELECT s.* INTO l FROM dunning.ledger AS s WHERE s.ledger = coalesce(erp_former.ledger, erp_former.erp::name);
	END IF;
	IF l.state = 'adopted' AND NOT replace THEN
		RAISE EXCEPTION 'ledger "%" exists already', l.ledger
			USING ERRCODE = 'duplicate_object',
				HINT = 'Give another name (ledger => ...), or ' || CASE WHEN l.erp IS NULL
					THEN format('release it for good: SELECT dunning.release_ledger(%L).', l.ledger) ELSE 'replace => true to adopt it anew and keep its history.' END;
	ELSIF l.ledger IS NOT NULL AND l.erp IS NULL THEN
		RAISE EXCEPTION 'ledger "%" is of no ERP', l.ledger
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Its reminders and claims belong to the items of the table that dunning.adopt adopted.',
				HINT = format(another, l.ledger);
	ELSIF erp <> l.erp THEN
		RAISE EXCEPTION 'ledger "%" is of the ERP "%"', l.ledger, l.erp
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Its reminders and claims belong to the items of that ERP.', HINT = format(another, l.ledger);
	END IF;
	RETURN l;
END
$$;
COMMENT ON FUNCTION _dunning.erp_former(name, text, name, boolean) IS
	'The ledger that dunning.adopt_erp adopts anew, or a row of NULLs; error 42710 if it exists and is not to be replaced, 22023 if it is of another ERP or of none, 42P08 if there are several';

-- Which of the ERPs that are seen is meant.
CREATE FUNCTION _dunning.choose_erp(seen jsonb, erp text, schema name, OUT chosen jsonb)
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	others text;
BEGIN
	SELECT to_jsonb(d) INTO chosen
	FROM jsonb_to_recordset(seen) AS d (erp text, version text, schema name, sure numeric, evidence text)
	WHERE d.erp = coalesce(choose_erp.erp, d.erp) AND d.schema = coalesce(choose_erp.schema, d.schema)
	ORDER BY d.sure DESC, d.erp, d.schema LIMIT 1;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no known ERP was found%', CASE WHEN schema IS NULL THEN '' ELSE format(' in schema "%s"', schema) END
			USING ERRCODE = 'undefined_object',
				DETAIL = format('Looked for: %s.', coalesce(erp, (SELECT string_agg(e.name::text, ', ' ORDER BY e.name) FROM dunning.erp AS e))),
				HINT = coalesce((SELECT format('%s is in schema "%s": schema => %L.', d.erp, d.schema, d.schema)
						FROM jsonb_to_recordset(seen) AS d (erp text, schema name, sure numeric)
						WHERE d.erp = coalesce(choose_erp.erp, d.erp) ORDER BY d.sure DESC, d.erp, d.schema LIMIT 1),
					'SELECT * FROM dunning.detect_erp() says what is seen; dunning.adopt adopts any table or view.');
	END IF;
	SELECT string_agg(format('%s in schema "%s"', d.erp, d.schema), ', ' ORDER BY d.erp, d.schema) INTO others
	FROM jsonb_to_recordset(seen) AS d (erp text, schema name, sure numeric)
	WHERE d.erp = coalesce(choose_erp.erp, d.erp) AND d.schema = coalesce(choose_erp.schema, d.schema) AND d.sure = (chosen ->> 'sure')::numeric
	HAVING count(*) > 1;
	IF FOUND THEN
		RAISE EXCEPTION 'more than one ERP was found'
			USING ERRCODE = 'ambiguous_parameter', DETAIL = format('Found: %s.', others),
				HINT = 'Say which: dunning.adopt_erp(name, schema => ...).';
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.choose_erp(jsonb, text, name) IS
	'The one of the ERPs that dunning.detect_erp saw that has a name and a schema, where given; error 42704 if there is none, 42P08 if several are as sure';

-- What is asked of further columns of a row is computed where somebody reads it.
CREATE FUNCTION _dunning.erp_widened(l dunning.ledger, view name, query text) RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	further text;
BEGIN
	IF _dunning.erp_function(l.erp, 'columns') IS NOT NULL THEN
		EXECUTE format('SELECT string_agg(format(''%%s AS %%I'', w.expression, w.column_name), '', '' ORDER BY w.column_name) '
				'FROM (SELECT DISTINCT ON (c.column_name) c.* FROM %s($1, $2) WITH ORDINALITY AS c (view, column_name, expression, n) '
					'WHERE c.view = $3 AND c.expression IS NOT NULL ORDER BY c.column_name, c.n) AS w', _dunning.erp_function(l.erp, 'columns'))
			INTO further USING l.erp_schema, l.erp_version, view;
	END IF;
	RETURN CASE WHEN further IS NULL THEN query ELSE format('SELECT v.*, %s FROM (%s) AS v', further, query) END;
END
$$;
COMMENT ON FUNCTION _dunning.erp_widened(dunning.ledger, name, text) IS 'The query of a view of an ERP''s ledger with the further columns of the profile: of several expressions of a column the first whose tables are there';

-- The views of the profile, in a schema of their own that the ledger reads.
CREATE FUNCTION _dunning.make_erp_views(home name, l dunning.ledger, former dunning.ledger)
		RETURNS TABLE (field text, source text, why text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	made name[] := '{}';
	one record;
BEGIN
	IF octet_length('dunning_' || l.ledger) > octet_length(_dunning.erp_view_schema(l.ledger)::text) THEN
		RAISE EXCEPTION 'ledger name "%" is too long', l.ledger
			USING ERRCODE = 'name_too_long', DETAIL = 'The schema of its views is named after it, with "dunning_" before.';
	END IF;
	IF _dunning.erp_function(l.erp, 'views') IS NULL THEN
		RAISE EXCEPTION 'the profile of ERP "%" has no function that makes its views', l.erp
			USING ERRCODE = 'undefined_function',
				HINT = format('Create %s(schema name, version text) RETURNS TABLE (view name, query text, description text).', format('_dunning.%I', format('erp_%s_views', l.erp)));
	END IF;
	IF former.state IS DISTINCT FROM 'adopted' AND to_regnamespace(quote_ident(home)) IS NOT NULL THEN
		RAISE EXCEPTION 'schema "%" exists already', home
			USING ERRCODE = 'duplicate_schema',
				DETAIL = 'The views of the ledger would be made in it.',
				HINT = 'Drop or rename it, or give the ledger another name.';
	END IF;
	IF to_regnamespace(quote_ident(home)) IS NULL THEN
		EXECUTE format('CREATE SCHEMA %I', home);
		EXECUTE format('COMMENT ON SCHEMA %I IS %L', home,
			format('Views of pg_dunning over %s in schema %I: made by dunning.adopt_erp, dropped by dunning.release_ledger', l.erp, l.erp_schema));
		EXECUTE format('GRANT USAGE ON SCHEMA %I TO PUBLIC', home);
	END IF;
	FOR one IN EXECUTE format('SELECT v.view, v.query, v.description FROM %s($1, $2) AS v', _dunning.erp_function(l.erp, 'views'))
		USING l.erp_schema, l.erp_version
	LOOP
		PERFORM _dunning.erp_make_view(home, one.view, _dunning.erp_widened(l, one.view, one.query), one.description);
		made := made || one.view::name;
		RETURN QUERY SELECT 'view', format('%I.%I', home, one.view), one.description;
	END LOOP;
	IF 'item' <> ALL (made) THEN
		RAISE EXCEPTION 'the profile of ERP "%" makes no view "item"', l.erp
			USING ERRCODE = 'undefined_table', HINT = format('%s has to return a row for it.', _dunning.erp_function(l.erp, 'views'));
	END IF;
	FOR one IN SELECT v AS view FROM unnest(former.erp_views) AS v WHERE v <> ALL (made) LOOP
		EXECUTE format('DROP VIEW IF EXISTS %I.%I', home, one.view);
	END LOOP;
END
$$;
COMMENT ON FUNCTION _dunning.make_erp_views(name, dunning.ledger, dunning.ledger) IS 'Makes the views of the profile of an ERP for a ledger in a schema, in the place of those of the former one, and says which';

-- Without an index each item would read all payments, so that all are added up at
-- once instead.
CREATE FUNCTION _dunning.erp_finds_payments(home name, l dunning.ledger) RETURNS boolean
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	few CONSTANT integer := 20;	-- a look-up costs at most such a part of reading all
	reader oid;
	missing bigint;
BEGIN
	IF _dunning.erp_function(l.erp, 'indexes') IS NULL OR to_regclass(format('%I.payment', home)) IS NULL THEN
		RETURN true;
	END IF;
	EXECUTE format('SELECT count(*) FROM %s($1, $2)', _dunning.erp_function(l.erp, 'indexes')) INTO missing USING l.erp_schema, l.erp_version;
	-- if there is no reader, the adoption says why
	reader := _dunning.reader_of(ARRAY[to_regclass(format('%I.item', home)), to_regclass(format('%I.payment', home))]::oid[]);
	RETURN missing = 0 OR coalesce(few * _dunning.query_cost(reader,
			format('SELECT FROM %1$I.payment AS p WHERE p.item = (SELECT i.key FROM %1$I.item AS i LIMIT 1)', home))
		<= _dunning.query_cost(reader, format('SELECT FROM %I.payment', home)), true);
END
$$;
COMMENT ON FUNCTION _dunning.erp_finds_payments(name, dunning.ledger) IS 'Whether looking up the payments of one item of an ERP is cheap next to reading all of them';

-- Two ledgers over the same books would count and remind every item twice.
CREATE FUNCTION _dunning.erp_once(new dunning.ledger) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l dunning.ledger;
BEGIN
	SELECT s.* INTO l FROM dunning.ledger AS s WHERE s.erp = new.erp AND s.erp_schema = new.erp_schema AND s.ledger <> new.ledger LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '% in schema "%" is adopted already, as the ledger "%"', new.erp, new.erp_schema, l.ledger
			USING ERRCODE = 'duplicate_object',
				DETAIL = 'Every item would be counted and reminded twice.' || CASE l.state WHEN 'released' THEN ' That ledger is released to be adopted again.' ELSE '' END,
				HINT = format('Adopt it again (ledger => %1$L%2$s), or release it for good: SELECT dunning.release_ledger(%1$L).', l.ledger,
					CASE l.state WHEN 'released' THEN '' ELSE ', replace => true' END);
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.erp_once(dunning.ledger) IS 'Error 42710 if another ledger has the same ERP in the same schema';

-- Makes the views of a profile in a schema, and adopts them.
CREATE FUNCTION _dunning.erp_make(home name, prepared dunning.ledger, former dunning.ledger, read boolean)
	RETURNS TABLE (field text, source text, why text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	new dunning.ledger := prepared;
	mapping jsonb;
BEGIN
	RETURN QUERY SELECT v.field, v.source, v.why FROM _dunning.make_erp_views(home, new, former) AS v;
	EXECUTE format('SELECT array_agg(v.view) FROM %s($1, $2) AS v', _dunning.erp_function(new.erp, 'views')) INTO new.erp_views USING new.erp_schema, new.erp_version;
	new.erp_columns := _dunning.erp_columns(home);
	new.relation := format('%I.item', home)::regclass;
	RETURN QUERY SELECT t.field, t.source, t.why FROM _dunning.erp_take_procedures(new.erp, new.erp_schema, new.erp_version) AS t;
	mapping := _dunning.erp_mapping(home);
	IF jsonb_typeof(mapping -> 'payments') = 'object' AND NOT _dunning.erp_finds_payments(home, new) THEN
		mapping := jsonb_set(mapping, '{payments,indexed}', 'false');
		RETURN QUERY SELECT 'payments', NULL::text, 'all are added up for one customer, since an index is missing; once it is there, adopt again with replace => true';
	END IF;
	RETURN QUERY SELECT 'ledger', quote_ident(new.ledger), 'the name of the ERP';
	-- of the fields those that the profile has, and in one row the others
	RETURN QUERY
		WITH a AS MATERIALIZED (SELECT d.field, d.source, d.why FROM _dunning.adopt_as(new, mapping, former, false, read) AS d)
		SELECT a.field, a.source, CASE WHEN a.why = 'as you said' THEN format('by the profile of %s', new.erp) ELSE a.why END
		FROM a WHERE a.source IS NOT NULL OR a.field IN ('rule', 'history')
		UNION ALL
		SELECT 'not known', string_agg(a.field, ', '), format('%s has none, or its profile does not know it', new.erp)
		FROM a WHERE a.why = 'none, as you said' AND a.field NOT IN ('terms', 'excluded') HAVING count(*) > 0;
END
$$;
COMMENT ON FUNCTION _dunning.erp_make(name, dunning.ledger, dunning.ledger, boolean) IS
	'Makes the views of a profile in a schema and adopts them in the place of the former ledger, with or without reading the rows; returns rows of dunning.adopt_erp';

-- One reading finds errors, counts the open items, and what is wrong with them.
CREATE FUNCTION _dunning.erp_problems(l dunning.ledger, OUT problems bigint, OUT open_items text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT count(*) FILTER (WHERE p.problem IS NOT NULL), max(p.detail) FILTER (WHERE p.problem IS NULL) INTO problems, open_items
	FROM _dunning.find_problems(l.ledger, dunning.today()) AS p;
EXCEPTION WHEN query_canceled OR insufficient_privilege THEN
	RAISE;
WHEN OTHERS THEN
	RAISE EXCEPTION 'the views over % cannot be read', l.erp
		USING ERRCODE = SQLSTATE, DETAIL = SQLERRM, HINT = format('%s makes their queries.', _dunning.erp_function(l.erp, 'views'));
END
$$;
COMMENT ON FUNCTION _dunning.erp_problems(dunning.ledger) IS 'The number of problems of the ledger of an ERP, and of its open items; an error says that it cannot be read';

-- Adopts the ERP in a schema of its own, reads it, and takes all that back.
CREATE FUNCTION _dunning.erp_try(l dunning.ledger, OUT problems bigint, OUT open_items text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	found record;
BEGIN
	DELETE FROM dunning.ledger AS s WHERE s.ledger = l.ledger;
	PERFORM _dunning.erp_make('_dunning_try', l, NULL, true);
	found := _dunning.erp_problems(l);
	problems := found.problems;
	open_items := found.open_items;
	RAISE EXCEPTION USING ERRCODE = 'DN000';
EXCEPTION WHEN SQLSTATE 'DN000' THEN
	RETURN;
END
$$;
COMMENT ON FUNCTION _dunning.erp_try(dunning.ledger) IS 'What _dunning.erp_problems returns of an ERP as it would be adopted anew; leaves everything as it is';

CREATE FUNCTION _dunning.erp_set_watch(new dunning.ledger, former dunning.ledger, watch boolean) RETURNS jsonb
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
BEGIN
	IF watch THEN
		RETURN (SELECT coalesce(jsonb_agg(to_jsonb(w)), '[]') FROM _dunning.erp_watch(new.ledger) AS w);
	END IF;
	PERFORM dunning.unwatch_ledger(new.ledger);
	RETURN '[]';
END
$$;
COMMENT ON FUNCTION _dunning.erp_set_watch(dunning.ledger, dunning.ledger, boolean) IS 'Watches the tables of the ERP of a ledger, or no longer; returns the rows of _dunning.erp_watch';

CREATE FUNCTION _dunning.erp_install(new dunning.ledger, former dunning.ledger, watch boolean) RETURNS jsonb
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
	rows jsonb;
BEGIN
	-- nothing of ours depends on the views of the profile then
	PERFORM _dunning.make_gate(former);
	PERFORM _dunning.make_functions(former, readable => false);
	PERFORM _dunning.drop_views(former.adoption);
	SELECT jsonb_agg(to_jsonb(m)) INTO rows FROM _dunning.erp_make(_dunning.erp_view_schema(new.ledger), new, former, false) AS m;
	RETURN rows || _dunning.erp_set_watch(new, former, watch);
END
$$;
COMMENT ON FUNCTION _dunning.erp_install(dunning.ledger, dunning.ledger, boolean) IS
	'Adopts an ERP anew in the place of its former ledger, without reading its rows, and watches it or not; returns rows of dunning.adopt_erp';

CREATE FUNCTION dunning.adopt_erp(name text DEFAULT NULL, schema name DEFAULT NULL, ledger name DEFAULT NULL, watch boolean DEFAULT NULL,
		procedure text DEFAULT '', rule text DEFAULT '', consumer_rule text DEFAULT '', scheme text DEFAULT '',
		replace boolean DEFAULT false, time_zone text DEFAULT '')
	RETURNS TABLE (field text, source text, why text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	anew CONSTANT boolean := coalesce(adopt_erp.replace, false);
	former dunning.ledger;
	new dunning.ledger;
	seen jsonb;
	chosen jsonb;
	rows jsonb;
	found record;
BEGIN
	PERFORM _dunning.need_owner('adopt');
	PERFORM _dunning.one_at_a_time();
	IF adopt_erp.name IS NOT NULL AND NOT EXISTS (SELECT FROM dunning.erp AS e WHERE e.name = adopt_erp.name) THEN
		RAISE EXCEPTION 'ERP "%" is not known', adopt_erp.name
			USING ERRCODE = 'undefined_object',
				HINT = (SELECT coalesce('It is adopted by the profile "' || min(e.name::text) FILTER (
							WHERE length(adopt_erp.name) > 2 AND lower(adopt_erp.name) = ANY (regexp_split_to_array(lower(e.title), '[^[:alnum:]]+')))
								|| '". ', '')
						|| format('Known are: %s.', string_agg(e.name::text, ', ' ORDER BY e.name)) FROM dunning.erp AS e);
	END IF;
	former := _dunning.erp_former(adopt_erp.ledger, adopt_erp.name, adopt_erp.schema, anew);
	SELECT coalesce(jsonb_agg(to_jsonb(d)), '[]') INTO seen FROM dunning.detect_erp() AS d;
	IF adopt_erp.schema <> former.erp_schema AND EXISTS (SELECT FROM jsonb_to_recordset(seen) AS d (erp name, schema name)
		WHERE d.erp = former.erp AND d.schema = former.erp_schema) THEN
		RAISE EXCEPTION 'ledger "%" is of schema "%", which still holds %', former.ledger, former.erp_schema, former.erp
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Its reminders and claims belong to the items of that schema.',
				HINT = format('Give another name (ledger => ...), or release it for good: SELECT dunning.release_ledger(%L).', former.ledger);
	END IF;
	chosen := _dunning.choose_erp(seen, coalesce(adopt_erp.name, former.erp::text), coalesce(adopt_erp.schema, former.erp_schema));
	-- a name that is the ERP's may be taken
	IF former.ledger IS NULL AND adopt_erp.ledger IS NULL AND adopt_erp.name IS NULL THEN
		former := _dunning.erp_former((chosen ->> 'erp')::name, chosen ->> 'erp', NULL, anew);
	END IF;
	-- the tables of an ERP do not say by which law its debtors pay
	new := _dunning.settings_of(former, adopt_erp.procedure, CASE WHEN adopt_erp.rule = '' AND former.ledger IS NULL THEN NULL
		ELSE adopt_erp.rule END, adopt_erp.consumer_rule, adopt_erp.scheme, adopt_erp.time_zone);
	new.ledger := coalesce(former.ledger, adopt_erp.ledger, (chosen ->> 'erp')::name);
	new.erp := chosen ->> 'erp';
	new.erp_version := chosen ->> 'version';
	new.erp_schema := chosen ->> 'schema';
	PERFORM _dunning.erp_once(new);

	RETURN QUERY SELECT 'erp', format('%s %s in schema %I', e.title, new.erp_version, new.erp_schema), format('%s (sure: %s)', chosen ->> 'evidence', chosen ->> 'sure')
		FROM dunning.erp AS e WHERE e.name = new.erp;
	IF former.state = 'adopted' THEN
		-- read before others are kept from reading
		found := _dunning.erp_try(new);
		rows := _dunning.patiently('_dunning.erp_install', new, former, coalesce(adopt_erp.watch, former.watched));
	ELSE
		SELECT jsonb_agg(to_jsonb(m)) INTO rows FROM _dunning.erp_make(_dunning.erp_view_schema(new.ledger), new, former, true) AS m;
		found := _dunning.erp_problems(new);
		rows := rows || _dunning.patiently('_dunning.erp_set_watch', new, former, coalesce(adopt_erp.watch, former.watched));
	END IF;
	RETURN QUERY
		SELECT r.field, r.source, CASE WHEN r.field = 'ledger' AND adopt_erp.ledger IS NOT NULL THEN 'as you said'
			WHEN r.field = 'rule' AND new.rule IS NULL THEN CASE WHEN adopt_erp.rule = '' THEN 'none was given, so ' ELSE 'as you said, ' END
				|| format('late items cost nothing; SELECT name, description FROM dunning.rule lists them: UPDATE dunning.ledger SET rule = ... WHERE ledger = %L', new.ledger)
			ELSE r.why END
		FROM jsonb_to_recordset(rows) AS r (field text, source text, why text) WHERE r.field <> 'watch';
	RETURN QUERY SELECT 'open items', found.open_items, 'items that are not settled on ' || to_char(dunning.today(), 'YYYY-MM-DD');
	RETURN QUERY SELECT r.field, r.source, r.why FROM jsonb_to_recordset(rows) AS r (field text, source text, why text) WHERE r.field = 'watch';
	IF _dunning.erp_function(new.erp, 'indexes') IS NOT NULL THEN
		RETURN QUERY EXECUTE format('SELECT ''advice'', i.statement, i.why FROM %s($1, $2) AS i', _dunning.erp_function(new.erp, 'indexes'))
			USING new.erp_schema, new.erp_version;
	END IF;
	IF found.problems > 0 THEN
		RETURN QUERY SELECT 'problems', found.problems::text, format('in the books: SELECT * FROM dunning.ledger_problems(%L)', new.ledger);
	END IF;
END
$$;
COMMENT ON FUNCTION dunning.adopt_erp(text, name, name, boolean, text, text, text, text, boolean, text) IS
	'Adopts the ERP that this database holds as a ledger (default: the one that dunning.detect_erp is surest of): makes views over its tables in a schema of their own and returns what it did and why. Before an upgrade of the ERP release the ledger with keep => true';
