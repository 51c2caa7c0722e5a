-- Known ERPs: seen by their tables, adopted in one call.
--
-- A profile is a row of dunning.erp and functions that are found by its name,
-- each of (schema name, version text) unless it says otherwise:
--   erp_NAME_detect(schema name)  the version that a schema holds, if it does
--   erp_NAME_views                the views to make: item, payment, customer
--   erp_NAME_indexes              the indexes that matter and are missing
--   erp_NAME_watch                the tables to watch (optional)
--   erp_NAME_procedures           the ERP's own dunning procedures (optional)

CREATE TABLE dunning.erp (
	name name PRIMARY KEY,
	title text NOT NULL,
	description text NOT NULL,
	shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE dunning.erp IS 'The ERPs that dunning.adopt_erp knows: each has functions of its name';
COMMENT ON COLUMN dunning.erp.name IS 'Name: a part of the names of its functions, and of the ledger''s unless that is given';
COMMENT ON COLUMN dunning.erp.title IS 'What the ERP calls itself';
COMMENT ON COLUMN dunning.erp.description IS 'What is taken for an item, a payment and a customer';
COMMENT ON COLUMN dunning.erp.shipped IS 'Whether the row came with the extension';
CREATE TRIGGER keep_shipped BEFORE UPDATE OR DELETE ON dunning.erp
	FOR EACH ROW EXECUTE FUNCTION _dunning.keep_shipped();
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.erp
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('name');
SELECT pg_catalog.pg_extension_config_dump('dunning.erp', 'WHERE NOT shipped');

CREATE TABLE _dunning.erp_ledger (
	ledger name PRIMARY KEY,
	erp name NOT NULL,
	version text,
	schema name NOT NULL,
	view_schema name NOT NULL UNIQUE,
	views name[] NOT NULL,
	columns jsonb NOT NULL,
	watched boolean NOT NULL DEFAULT false,
	made_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE _dunning.erp_ledger IS 'What dunning.adopt_erp made, so that dunning.release_ledger can take it away: written by these two only';
COMMENT ON COLUMN _dunning.erp_ledger.ledger IS 'Name of the ledger';
COMMENT ON COLUMN _dunning.erp_ledger.erp IS 'The ERP';
COMMENT ON COLUMN _dunning.erp_ledger.version IS 'Version of the ERP when it was adopted';
COMMENT ON COLUMN _dunning.erp_ledger.schema IS 'Schema of the ERP''s tables';
COMMENT ON COLUMN _dunning.erp_ledger.view_schema IS 'Schema that was made for the views';
COMMENT ON COLUMN _dunning.erp_ledger.views IS 'The views that were made in it';
COMMENT ON COLUMN _dunning.erp_ledger.columns IS 'The ERP''s columns that the views read: table to column to type';
COMMENT ON COLUMN _dunning.erp_ledger.watched IS 'Whether triggers were put on the ERP''s tables';
COMMENT ON COLUMN _dunning.erp_ledger.made_at IS 'When it was adopted';
SELECT pg_catalog.pg_extension_config_dump('_dunning.erp_ledger', '');

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

CREATE FUNCTION _dunning.erp_missing_index(schema name, relation text, column_name text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT format('CREATE INDEX ON %s (%I)', format('%I.%I', schema, relation), column_name)
		FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE n.nspname = schema AND c.relname = relation AND c.relkind IN ('r', 'p', 'm')
			AND EXISTS (SELECT FROM _dunning.relation_columns(c.oid) AS rc WHERE rc.column_name = erp_missing_index.column_name)
			AND NOT _dunning.has_index(c.oid, column_name));
COMMENT ON FUNCTION _dunning.erp_missing_index(name, text, text) IS
	'The statement that makes an index on a column of an ERP''s table; NULL if one begins with it, or there is no such column';

-- The name of a profile's function, if there is one
CREATE FUNCTION _dunning.erp_function(erp name, purpose text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT format('_dunning.%I', p.proname)
		FROM pg_proc AS p
		WHERE p.pronamespace = '_dunning'::regnamespace AND p.proname::text = format('erp_%s_%s', erp, purpose)
			AND p.proargtypes::text = array_to_string(CASE purpose WHEN 'detect' THEN ARRAY['name'::regtype::oid]
				ELSE ARRAY['name'::regtype::oid, 'text'::regtype::oid] END, ' '));
COMMENT ON FUNCTION _dunning.erp_function(name, text) IS 'The function of an ERP''s profile for a purpose (detect, views, indexes, watch, procedures), NULL if it has none';

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
			AND n.nspname NOT IN (SELECT l.view_schema FROM _dunning.erp_ledger AS l)
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
					(SELECT format('adopted as the ledger "%s"', string_agg(l.ledger, '", "')) FROM _dunning.erp_ledger AS l
						WHERE l.erp = one AND l.schema = home HAVING count(*) > 0),
					(SELECT format('released to be adopted again as the ledger "%s"', k.ledger) FROM dunning.kept_ledger AS k
						WHERE k.erp = one AND k.schema = home LIMIT 1),
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
			|| coalesce(jsonb_build_object('payments', jsonb_object_agg(m.field, m.value) FILTER (WHERE m.scope = 'payments') || '{"table": "payment", "indexed": true}'), '{}')
			|| coalesce(jsonb_build_object('customers', jsonb_object_agg(m.field, m.value) FILTER (WHERE m.scope = 'customers') || '{"table": "customer"}'), '{}')
		FROM (
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
	l _dunning.erp_ledger;
	t record;
	n integer := 0;
BEGIN
	SELECT * INTO l FROM _dunning.erp_ledger AS e WHERE e.ledger = erp_watch.ledger;
	PERFORM dunning.unwatch_ledger(erp_watch.ledger);
	IF _dunning.erp_function(l.erp, 'watch') IS NOT NULL THEN
		FOR t IN EXECUTE format('SELECT format(''%%I.%%I'', $1, w.relation)::regclass AS relation, w.column_name, w.why FROM %s($1, $2) AS w',
			_dunning.erp_function(l.erp, 'watch')) USING l.schema, l.version
		LOOP
			n := n + 1;
			PERFORM dunning.watch_table(l.ledger, t.relation, t.column_name, CASE WHEN _dunning.is_unique(t.relation, t.column_name) THEN 'item' ELSE 'other' END);
			RETURN QUERY SELECT 'watch', format('%s.%I', t.relation, t.column_name), t.why;
		END LOOP;
	END IF;
	IF n = 0 THEN
		RETURN QUERY SELECT 'watch', NULL::text, format('no table of %s can be watched: the next run cancels what was settled', l.erp);
	ELSE
		PERFORM _dunning.warn_reader(erp_watch.ledger);
	END IF;
	UPDATE _dunning.erp_ledger AS e SET watched = n > 0 WHERE e.ledger = erp_watch.ledger;
END
$$;
COMMENT ON FUNCTION _dunning.erp_watch(name) IS 'Attaches _dunning.watch to the tables of a ledger''s ERP, and says to which';

-- The ERP stays that of a ledger while its reminders wait for it.
CREATE FUNCTION _dunning.ledger_erp(ledger name) RETURNS name
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN coalesce((SELECT l.erp FROM _dunning.erp_ledger AS l WHERE l.ledger = ledger_erp.ledger),
		(SELECT k.erp FROM dunning.kept_ledger AS k WHERE k.ledger = ledger_erp.ledger));
COMMENT ON FUNCTION _dunning.ledger_erp(name) IS 'The ERP of a ledger that is adopted, or released to be adopted again; NULL if it is of none';

CREATE FUNCTION _dunning.erp_ledger_hint(ledger name) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('Adopt its ERP again: SELECT * FROM dunning.adopt_erp(%1$L, ledger => %2$L, replace => true); or give another name (ledger => ...), or release it for good: SELECT dunning.release_ledger(%2$L).',
		_dunning.ledger_erp(ledger), ledger);
COMMENT ON FUNCTION _dunning.erp_ledger_hint(name) IS 'What to do instead of adopting a table as the ledger of an ERP';

CREATE FUNCTION _dunning.need_erp_ledger(ledger name) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	IF _dunning.ledger_erp(need_erp_ledger.ledger) IS NULL
		AND EXISTS (SELECT FROM dunning.ledger AS l WHERE l.ledger = need_erp_ledger.ledger
			UNION ALL SELECT FROM dunning.kept_ledger AS k WHERE k.ledger = need_erp_ledger.ledger)
	THEN
		RAISE EXCEPTION 'ledger "%" is of no ERP', ledger
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Its reminders and claims belong to the items of the table that dunning.adopt adopted.',
				HINT = format('Give another name (ledger => ...), or release it for good: SELECT dunning.release_ledger(%L).', ledger);
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_erp_ledger(name) IS 'Raises an error if a ledger, adopted or released to be adopted again, is of no ERP';

CREATE FUNCTION _dunning.need_new_ledger(ledger name) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	IF EXISTS (SELECT FROM dunning.ledger AS l WHERE l.ledger = need_new_ledger.ledger) THEN
		RAISE EXCEPTION 'ledger "%" exists already', ledger
			USING ERRCODE = 'duplicate_object',
				HINT = 'Give another name (ledger => ...), or ' || CASE WHEN _dunning.ledger_erp(ledger) IS NULL
					THEN format('release it for good: SELECT dunning.release_ledger(%L).', ledger) ELSE 'replace => true to adopt it anew and keep its history.' END;
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_new_ledger(name) IS 'Raises an error if a ledger is adopted already';

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
				INSERT INTO dunning.procedure (name, procedure, description) VALUES (one.name, one.procedure::dunning.dunning_procedure, one.why);
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

CREATE FUNCTION dunning.adopt_erp(name text DEFAULT NULL, schema name DEFAULT NULL, ledger name DEFAULT NULL, watch boolean DEFAULT NULL,
		procedure text DEFAULT '', rule text DEFAULT '', consumer_rule text DEFAULT '', scheme text DEFAULT '', replace boolean DEFAULT false)
	RETURNS TABLE (field text, source text, why text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	seen record;
	others text;
	new _dunning.erp_ledger;
	was _dunning.erp_ledger;
	old dunning.kept_ledger;
	one record;
	n bigint;
	open_items text;
	mapping jsonb;
	reader oid;
	few CONSTANT integer := 20;	-- a look-up costs at most such a part of reading all
BEGIN
	PERFORM _dunning.need_owner('adopt');
	IF adopt_erp.name IS NOT NULL AND NOT EXISTS (SELECT FROM dunning.erp AS e WHERE e.name = adopt_erp.name) THEN
		RAISE EXCEPTION 'ERP "%" is not known', adopt_erp.name
			USING ERRCODE = 'undefined_object',
				HINT = (SELECT coalesce('It is adopted by the profile "' || min(e.name::text) FILTER (
							WHERE length(adopt_erp.name) > 2 AND lower(adopt_erp.name) = ANY (regexp_split_to_array(lower(e.title), '[^[:alnum:]]+'))) || '". ', '')
						|| format('Known are: %s.', string_agg(e.name::text, ', ' ORDER BY e.name)) FROM dunning.erp AS e);
	END IF;

	-- a ledger that was there before stays with its ERP and its schema
	new.ledger := coalesce(adopt_erp.ledger, adopt_erp.name);
	IF new.ledger IS NULL THEN
		SELECT max(b.ledger::text) INTO new.ledger
		FROM (SELECT l.ledger FROM _dunning.erp_ledger AS l WHERE adopt_erp.replace UNION SELECT k.ledger FROM dunning.kept_ledger AS k WHERE k.erp IS NOT NULL) AS b
		HAVING count(*) = 1;
		IF new.ledger IS NULL AND adopt_erp.replace AND (SELECT count(*) FROM _dunning.erp_ledger AS l) > 1 THEN
			RAISE EXCEPTION 'more than one ledger is of an ERP'
				USING ERRCODE = 'ambiguous_parameter', DETAIL = (SELECT format('They are: %s.', string_agg(l.ledger::text, ', ' ORDER BY l.ledger)) FROM _dunning.erp_ledger AS l),
					HINT = 'Say which is to be adopted anew: dunning.adopt_erp(ledger => ..., replace => true).';
		END IF;
	END IF;
	IF NOT coalesce(adopt_erp.replace, false) THEN
		PERFORM _dunning.need_new_ledger(new.ledger);
	END IF;
	PERFORM _dunning.need_erp_ledger(new.ledger);
	SELECT b.erp, b.schema INTO new.erp, new.schema
	FROM (SELECT l.ledger, l.erp, l.schema FROM _dunning.erp_ledger AS l UNION ALL SELECT k.ledger, k.erp, k.schema FROM dunning.kept_ledger AS k WHERE k.erp IS NOT NULL) AS b
	WHERE b.ledger = new.ledger;
	IF adopt_erp.name <> new.erp THEN
		RAISE EXCEPTION 'ledger "%" is of the ERP "%"', new.ledger, new.erp
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Its reminders and claims belong to the items of that ERP.',
				HINT = format('Give another name (ledger => ...), or release it for good: SELECT dunning.release_ledger(%L).', new.ledger);
	END IF;
	IF adopt_erp.schema <> new.schema AND EXISTS (SELECT FROM dunning.detect_erp() AS d WHERE d.erp = new.erp AND d.schema = new.schema) THEN
		RAISE EXCEPTION 'ledger "%" is of schema "%", which still holds %', new.ledger, new.schema, new.erp
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Its reminders and claims belong to the items of that schema.',
				HINT = format('Give another name (ledger => ...), or release it for good: SELECT dunning.release_ledger(%L).', new.ledger);
	END IF;
	new.erp := coalesce(adopt_erp.name, new.erp::text);
	new.schema := coalesce(adopt_erp.schema, new.schema);

	SELECT d.erp, d.version, d.schema, d.sure, d.evidence INTO seen
	FROM dunning.detect_erp() AS d
	WHERE d.erp = coalesce(new.erp::text, d.erp) AND d.schema = coalesce(new.schema, d.schema)
	ORDER BY d.sure DESC, d.erp, d.schema LIMIT 1;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no known ERP was found%', CASE WHEN new.schema IS NULL THEN '' ELSE format(' in schema "%s"', new.schema) END
			USING ERRCODE = 'undefined_object',
				DETAIL = format('Looked for: %s.', coalesce(new.erp::text, (SELECT string_agg(e.name::text, ', ' ORDER BY e.name) FROM dunning.erp AS e))),
				HINT = coalesce((SELECT format('%s is in schema "%s": schema => %L.', d.erp, d.schema, d.schema)
						FROM dunning.detect_erp() AS d WHERE d.erp = coalesce(new.erp::text, d.erp) ORDER BY d.sure DESC, d.erp, d.schema LIMIT 1),
					'SELECT * FROM dunning.detect_erp() says what is seen; dunning.adopt adopts any table or view.');
	END IF;
	SELECT string_agg(format('%s in schema "%s"', d.erp, d.schema), ', ' ORDER BY d.erp, d.schema) INTO others
	FROM dunning.detect_erp() AS d
	WHERE d.erp = coalesce(new.erp::text, d.erp) AND d.schema = coalesce(new.schema, d.schema) AND d.sure = seen.sure
	HAVING count(*) > 1;
	IF FOUND THEN
		RAISE EXCEPTION 'more than one ERP was found'
			USING ERRCODE = 'ambiguous_parameter', DETAIL = format('Found: %s.', others),
				HINT = 'Say which: dunning.adopt_erp(name, schema => ...).';
	END IF;

	new.ledger := coalesce(new.ledger, seen.erp::name);
	IF NOT coalesce(adopt_erp.replace, false) THEN
		PERFORM _dunning.need_new_ledger(new.ledger);
	END IF;
	PERFORM _dunning.need_erp_ledger(new.ledger);
	SELECT b.ledger, b.released INTO one
	FROM (SELECT l.ledger, l.erp, l.schema, false AS released FROM _dunning.erp_ledger AS l UNION ALL SELECT k.ledger, k.erp, k.schema, true FROM dunning.kept_ledger AS k) AS b
	WHERE b.erp = seen.erp AND b.schema = seen.schema AND b.ledger <> new.ledger LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '% in schema "%" is adopted already, as the ledger "%"', seen.erp, seen.schema, one.ledger
			USING ERRCODE = 'duplicate_object',
				DETAIL = 'Every item would be counted and reminded twice.' || CASE WHEN one.released THEN ' That ledger is released to be adopted again.' ELSE '' END,
				HINT = format('Adopt it again (ledger => %1$L%2$s), or release it for good: SELECT dunning.release_ledger(%1$L).', one.ledger,
					CASE WHEN one.released THEN '' ELSE ', replace => true' END);
	END IF;

	new.erp := seen.erp;
	new.version := seen.version;
	new.schema := seen.schema;
	new.view_schema := 'dunning_' || new.ledger;
	IF octet_length('dunning_' || new.ledger) > octet_length(new.view_schema::text) THEN
		RAISE EXCEPTION 'ledger name "%" is too long', new.ledger
			USING ERRCODE = 'name_too_long', DETAIL = 'The schema of its views is named after it, with "dunning_" before.';
	END IF;
	IF _dunning.erp_function(new.erp, 'views') IS NULL THEN
		RAISE EXCEPTION 'the profile of ERP "%" has no function that makes its views', new.erp
			USING ERRCODE = 'undefined_function',
				HINT = format('Create %s(schema name, version text) RETURNS TABLE (view name, query text, description text).', format('_dunning.%I', format('erp_%s_views', new.erp)));
	END IF;

	SELECT * INTO was FROM _dunning.erp_ledger AS l WHERE l.ledger = new.ledger;
	IF was.ledger IS NULL AND to_regnamespace(quote_ident(new.view_schema)) IS NOT NULL THEN
		RAISE EXCEPTION 'schema "%" exists already', new.view_schema
			USING ERRCODE = 'duplicate_schema',
				DETAIL = 'The views of the ledger would be made in it.',
				HINT = 'Drop or rename it, or give the ledger another name.';
	END IF;

	-- without the ledger nothing of ours depends on the views
	IF EXISTS (SELECT FROM dunning.ledger AS l WHERE l.ledger = new.ledger) THEN
		PERFORM _dunning.keep_ledger(new.ledger);
	END IF;
	SELECT * INTO old FROM dunning.kept_ledger AS k WHERE k.ledger = new.ledger;
	IF to_regnamespace(quote_ident(new.view_schema)) IS NULL THEN
		EXECUTE format('CREATE SCHEMA %I', new.view_schema);
		EXECUTE format('COMMENT ON SCHEMA %I IS %L', new.view_schema,
			format('Views of pg_dunning over %s in schema %I: made by dunning.adopt_erp, dropped by dunning.release_ledger', new.erp, new.schema));
		EXECUTE format('GRANT USAGE ON SCHEMA %I TO PUBLIC', new.view_schema);
	END IF;

	RETURN QUERY SELECT 'erp', format('%s %s in schema %I', e.title, seen.version, seen.schema), format('%s (sure: %s)', seen.evidence, seen.sure)
		FROM dunning.erp AS e WHERE e.name = new.erp;
	new.views := '{}';
	FOR one IN EXECUTE format('SELECT v.view, v.query, v.description FROM %s($1, $2) AS v', _dunning.erp_function(new.erp, 'views'))
		USING new.schema, new.version
	LOOP
		PERFORM _dunning.erp_make_view(new.view_schema, one.view, one.query, one.description);
		new.views := new.views || one.view::name;
		RETURN QUERY SELECT 'view', format('%I.%I', new.view_schema, one.view), one.description;
	END LOOP;
	IF 'item' <> ALL (new.views) THEN
		RAISE EXCEPTION 'the profile of ERP "%" makes no view "item"', new.erp
			USING ERRCODE = 'undefined_table', HINT = format('%s has to return a row for it.', _dunning.erp_function(new.erp, 'views'));
	END IF;
	FOR one IN SELECT v AS view FROM unnest(was.views) AS v WHERE v <> ALL (new.views) LOOP
		EXECUTE format('DROP VIEW IF EXISTS %I.%I', new.view_schema, one.view);
	END LOOP;

	RETURN QUERY SELECT t.field, t.source, t.why FROM _dunning.erp_take_procedures(new.erp, new.schema, new.version) AS t;

	-- without an index each item would read all payments, so that all are added
	-- up at once instead
	mapping := _dunning.erp_mapping(new.view_schema);
	IF jsonb_typeof(mapping -> 'payments') = 'object' AND _dunning.erp_function(new.erp, 'indexes') IS NOT NULL THEN
		EXECUTE format('SELECT count(*) FROM %s($1, $2)', _dunning.erp_function(new.erp, 'indexes')) INTO n USING new.schema, new.version;
		-- if there is none, the adoption says why
		reader := _dunning.reader_of(ARRAY[to_regclass(format('%I.item', new.view_schema)),
			to_regclass(format('%I.payment', new.view_schema))]::oid[]);
		IF n > 0 AND few * _dunning.query_cost(reader,
				format('SELECT FROM %1$I.payment AS p WHERE p.item = (SELECT i.key FROM %1$I.item AS i LIMIT 1)', new.view_schema))
			> _dunning.query_cost(reader, format('SELECT FROM %I.payment', new.view_schema))
		THEN
			mapping := jsonb_set(mapping, '{payments,indexed}', 'false');
			RETURN QUERY SELECT 'payments', NULL::text, 'all are added up for one customer, since an index is missing; once it is there, adopt again with replace => true';
		END IF;
	END IF;
	-- of the fields those that the profile has, and in one row the others
	RETURN QUERY
		WITH a AS MATERIALIZED (
			SELECT d.field, d.source, d.why
			FROM _dunning.adopt_as(relation => format('%I.item', new.view_schema)::regclass, ledger => new.ledger,
				columns => mapping, watch => false, replace => false, counted => false,
				procedure => adopt_erp.procedure, rule => adopt_erp.rule, consumer_rule => adopt_erp.consumer_rule, scheme => adopt_erp.scheme) AS d)
		SELECT a.field, a.source, CASE WHEN a.why = 'as you said' THEN format('by the profile of %s', new.erp) ELSE a.why END
		FROM a WHERE a.source IS NOT NULL OR a.field IN ('rule', 'history')
		UNION ALL
		SELECT 'not known', string_agg(a.field, ', '), format('%s has none, or its profile does not know it', new.erp)
		FROM a WHERE a.why = 'none, as you said' AND a.field <> 'terms' HAVING count(*) > 0;
	new.columns := _dunning.erp_columns(new.view_schema);
	new.watched := false;
	new.made_at := now();
	DELETE FROM _dunning.erp_ledger AS l WHERE l.ledger = new.ledger;
	INSERT INTO _dunning.erp_ledger SELECT (new).*;

	-- one reading finds errors, counts the open items, and what is wrong with them
	BEGIN
		SELECT count(*) FILTER (WHERE p.problem IS NOT NULL), max(p.detail) FILTER (WHERE p.problem IS NULL) INTO n, open_items
		FROM _dunning.find_problems(new.ledger, dunning.today()) AS p;
	EXCEPTION WHEN query_canceled OR insufficient_privilege THEN
		RAISE;
	WHEN OTHERS THEN
		RAISE EXCEPTION 'the views over % cannot be read', new.erp
			USING ERRCODE = SQLSTATE, DETAIL = SQLERRM, HINT = format('%s makes their queries.', _dunning.erp_function(new.erp, 'views'));
	END;
	RETURN QUERY SELECT 'open items', open_items, 'items that are not settled on ' || to_char(dunning.today(), 'YYYY-MM-DD');
	IF coalesce(adopt_erp.watch, old.watched) THEN
		RETURN QUERY SELECT w.field, w.source, w.why FROM _dunning.erp_watch(new.ledger) AS w;
	END IF;
	IF _dunning.erp_function(new.erp, 'indexes') IS NOT NULL THEN
		RETURN QUERY EXECUTE format('SELECT ''advice'', i.statement, i.why FROM %s($1, $2) AS i', _dunning.erp_function(new.erp, 'indexes'))
			USING new.schema, new.version;
	END IF;
	IF n > 0 THEN
		RETURN QUERY SELECT 'problems', n::text, format('in the books: SELECT * FROM dunning.ledger_problems(%L)', new.ledger);
	END IF;
END
$$;
COMMENT ON FUNCTION dunning.adopt_erp(text, name, name, boolean, text, text, text, text, boolean) IS
	'Adopts the ERP that this database holds (default: the one that dunning.detect_erp is surest of) as a ledger: makes views over its tables in a schema of their own, dunning_ and the ledger''s name, and returns what it did and why. With watch, triggers on the ERP''s tables cancel the reminders of what is settled; with replace, views and mapping are made anew over the same schema and the history stays. While the views are there the ERP cannot drop the columns that they read or change their types: before an upgrade release the ledger with keep => true, and adopt it again after it. Error 42704 if none is found, 42P08 if more than one is, 42710 if the ledger exists or another one has the same tables, 22023 if the ledger is of another ERP or schema, or of none';

-- Called by dunning.release_ledger after the ledger is gone
CREATE FUNCTION _dunning.erp_released(ledger name) RETURNS void
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	l _dunning.erp_ledger;
	view name;
BEGIN
	SELECT * INTO l FROM _dunning.erp_ledger AS e WHERE e.ledger = erp_released.ledger;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	DELETE FROM _dunning.erp_ledger AS e WHERE e.ledger = l.ledger;
	-- what a user built on the views, or put beside them, is not ours to drop
	IF to_regnamespace(quote_ident(l.view_schema)) IS NOT NULL THEN
		FOREACH view IN ARRAY l.views LOOP
			EXECUTE format('DROP VIEW IF EXISTS %I.%I', l.view_schema, view);
		END LOOP;
		EXECUTE format('DROP SCHEMA %I', l.view_schema);
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.erp_released(name) IS
	'Takes away what dunning.adopt_erp made for a ledger; nothing for other ledgers; error 2BP01 if something of a user''s depends on it';

-- A reading of all items, so every figure comes from one; a row without a
-- problem says how many open items there are.  Whom nobody can reach is looked up
-- once a customer where the addresses are in a table of their own, since there
-- each may be a look-up in tables behind it.
CREATE FUNCTION _dunning.find_problems(wanted name, as_of date)
	RETURNS TABLE (ledger name, item dunning.item_key, customer dunning.item_key, problem text, detail text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	l dunning.ledger;
	reader CONSTANT oid := dunning.ledger_reader(wanted);
	found_keys dunning.item_key[];
	guessed_ledgers name[] := '{}';
	guessed_items dunning.item_key[] := '{}';
	in_customers name[] := '{}';
	reached_ledgers name[] := '{}';
	reached_customers dunning.item_key[] := '{}';
BEGIN
	FOR l IN SELECT s.* FROM dunning.ledger AS s WHERE s.ledger = wanted LOOP
		-- a view of a profile says where the issue date stands in
		IF EXISTS (SELECT FROM _dunning.erp_ledger AS e
			JOIN pg_attribute AS a ON a.attrelid = l.relation AND a.attname = 'due_given' AND a.atttypid = 'bool'::regtype AND NOT a.attisdropped
			WHERE e.ledger = l.ledger)
		THEN
			found_keys := ARRAY(SELECT r::dunning.item_key FROM _dunning.read_texts(reader,
				format('SELECT %s::text FROM %s AS t WHERE NOT t.due_given', _dunning.key_sql(l.relation, 'key'), l.relation)) AS r);
			guessed_ledgers := guessed_ledgers || array_fill(l.ledger, ARRAY[cardinality(found_keys)]);
			guessed_items := guessed_items || found_keys;
		END IF;
		IF l.columns -> 'customers' ?| ARRAY['email', 'phone'] AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = l.customers)
			AND NOT l.columns ?| (SELECT coalesce(array_agg(f), '{}') FROM unnest(ARRAY['email', 'phone']) AS f WHERE NOT l.columns -> 'customers' ? f)
		THEN
			found_keys := ARRAY(SELECT r::dunning.item_key FROM _dunning.read_texts(reader,
				format('SELECT %s::text FROM %s AS t WHERE trim(%s) <> '''' OR trim(%s) <> ''''',
					_dunning.key_sql(l.customers, l.columns #>> '{customers,key}'), l.customers,
					_dunning.text_sql(l.customers, 't', l.columns #>> '{customers,email}'),
					_dunning.text_sql(l.customers, 't', l.columns #>> '{customers,phone}'))) AS r);
			in_customers := in_customers || l.ledger;
			reached_ledgers := reached_ledgers || array_fill(l.ledger, ARRAY[cardinality(found_keys)]);
			reached_customers := reached_customers || found_keys;
		END IF;
	END LOOP;
	RETURN QUERY
		WITH o AS MATERIALIZED (
			SELECT i.ledger, i.item, i.customer, i.customer_name, i.currency, i.issued_on, i.due_on, i.amount, i.open_amount,
				CASE WHEN i.ledger = ANY (in_customers) THEN NULL ELSE coalesce(trim(i.email), '') || coalesce(trim(i.phone), '') END AS address
			FROM _dunning.read_items(wanted, find_problems.as_of) AS i
			WHERE (i.open_amount = 0) IS NOT TRUE)
		SELECT o.ledger, o.item, o.customer, p.problem,
			CASE p.problem
				WHEN 'no key' THEN 'The item cannot be told from others.'
				WHEN 'no customer' THEN 'Nobody owes the item.'
				WHEN 'no amount' THEN 'What was issued is not known.'
				WHEN 'no open amount' THEN 'What is owed cannot be computed.'
				WHEN 'no issue date' THEN 'The item counts on every past day.'
				WHEN 'no due date' THEN 'The item is never overdue.'
				WHEN 'due before issued' THEN format('It was issued on %s and fell due on %s.', to_char(o.issued_on, 'YYYY-MM-DD'), to_char(o.due_on, 'YYYY-MM-DD'))
				WHEN 'no currency' THEN 'Its amount is added to no other.'
				WHEN 'overpaid' THEN format('Of %s there is %s too much.', o.amount, - o.open_amount)
				WHEN 'overused' THEN format('Of a credit of %s there is %s used too much.', - o.amount, o.open_amount)
				WHEN 'more open than issued' THEN format('%s was issued and %s is open.', o.amount, o.open_amount)
			END
		FROM o
		JOIN (SELECT s.ledger, s.columns ? 'amount' AS amounts, s.columns ? 'issued_on' AS days, s.columns ?| ARRAY['currency', 'currency_code'] AS currencies
			FROM dunning.ledger AS s) AS f ON f.ledger = o.ledger
		CROSS JOIN LATERAL unnest(ARRAY[
			CASE WHEN o.item IS NULL THEN 'no key' END,
			CASE WHEN o.customer IS NULL THEN 'no customer' END,
			CASE WHEN o.amount IS NULL AND f.amounts THEN 'no amount' END,
			CASE WHEN o.open_amount IS NULL THEN 'no open amount' END,
			CASE WHEN o.issued_on IS NULL AND f.days THEN 'no issue date' END,
			CASE WHEN o.due_on IS NULL THEN 'no due date' END,
			CASE WHEN o.due_on < o.issued_on THEN 'due before issued' END,
			CASE WHEN o.currency IS NULL AND f.currencies THEN 'no currency' END,
			CASE WHEN o.amount > 0 AND o.open_amount < 0 THEN 'overpaid' WHEN o.amount < 0 AND o.open_amount > 0 THEN 'overused'
				WHEN o.amount > 0 AND o.open_amount > o.amount THEN 'more open than issued' END]) AS p (problem)
		WHERE p.problem IS NOT NULL
		UNION ALL
		SELECT o.ledger, o.item, o.customer, 'no due date', format('The ERP gives none; %s stands in for it.', to_char(o.due_on, 'YYYY-MM-DD'))
		FROM unnest(guessed_ledgers, guessed_items) AS g (ledger, item)
		JOIN o ON o.ledger = g.ledger AND o.item = g.item
		WHERE o.due_on IS NOT NULL
		UNION ALL
		SELECT d.ledger, NULL::dunning.item_key, d.customer, 'no contact',
			format('%s has neither an e-mail address nor a telephone number, and %s open item(s).', coalesce(d.name, 'The customer'), d.items)
		FROM (SELECT o.ledger, o.customer, min(o.customer_name) AS name, count(*) AS items, max(o.address) AS address
			FROM o WHERE o.open_amount > 0 GROUP BY o.ledger, o.customer) AS d
		JOIN dunning.ledger AS f ON f.ledger = d.ledger
		WHERE CASE WHEN f.ledger = ANY (in_customers)
				THEN NOT EXISTS (SELECT FROM unnest(reached_ledgers, reached_customers) AS r (ledger, customer) WHERE r.ledger = d.ledger AND r.customer = d.customer)
				ELSE (f.columns ?| ARRAY['email', 'phone'] OR f.columns -> 'customers' ?| ARRAY['email', 'phone']) AND d.address = '' END
		UNION ALL
		SELECT wanted, NULL, NULL, NULL, count(*)::text FROM o;
END
$$;
COMMENT ON FUNCTION _dunning.find_problems(name, date) IS 'The problems of one ledger that can be read, and a row without a problem that counts the open items';

-- Volatile, as dunning.detect_erp is, since it catches errors: a ledger that cannot be
-- read is a problem of its own and must not hide those of the others.
CREATE FUNCTION _dunning.try_problems(wanted name, as_of date)
	RETURNS TABLE (ledger name, item dunning.item_key, customer dunning.item_key, problem text, detail text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	one name;
BEGIN
	IF wanted IS NOT NULL AND NOT EXISTS (SELECT FROM dunning.ledger AS s WHERE s.ledger = wanted) THEN
		RAISE EXCEPTION 'ledger "%" does not exist', wanted
			USING ERRCODE = 'undefined_object', HINT = 'SELECT ledger FROM dunning.ledger lists them.';
	END IF;
	FOR one IN SELECT s.ledger FROM dunning.ledger AS s WHERE s.ledger = coalesce(wanted, s.ledger) ORDER BY s.ledger LOOP
		IF dunning.ledger_hidden(one) IS NOT NULL THEN
			RETURN QUERY SELECT one, NULL::dunning.item_key, NULL::dunning.item_key, 'not seen whole', dunning.ledger_hidden(one);
		END IF;
		BEGIN
			RETURN QUERY SELECT p.ledger, p.item, p.customer, p.problem, p.detail FROM _dunning.find_problems(one, try_problems.as_of) AS p WHERE p.problem IS NOT NULL;
		EXCEPTION WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
			RAISE;
		WHEN OTHERS OR assert_failure THEN
			RETURN QUERY SELECT one, NULL::dunning.item_key, NULL::dunning.item_key, 'cannot be read', SQLERRM;
		END;
	END LOOP;
END
$$;
COMMENT ON FUNCTION _dunning.try_problems(name, date) IS 'What dunning.ledger_problems returns: reads each ledger by itself';

CREATE FUNCTION dunning.ledger_problems(ledger name DEFAULT NULL, as_of date DEFAULT dunning.today())
	RETURNS TABLE (ledger name, item dunning.item_key, customer dunning.item_key, problem text, detail text)
	LANGUAGE sql
	BEGIN ATOMIC
		SELECT p.ledger, p.item, p.customer, p.problem, p.detail FROM _dunning.try_problems($1, $2) AS p;
	END;
COMMENT ON FUNCTION dunning.ledger_problems(name, date) IS
	'What looks wrong in the open items of a ledger (NULL: of all) on a day: what is missing, due before issued, overpaid, customers without contact, and in one row that a ledger cannot be read or not be seen whole; error 42704 if the ledger does not exist';

-- Where an ERP is now: in its schema, or else in one that is no other ledger's.
CREATE FUNCTION _dunning.erp_is_in(seen jsonb, erp name, schema name) RETURNS name
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT d.schema FROM jsonb_to_recordset(seen) AS d (erp name, schema name, sure numeric)
		WHERE d.erp = erp_is_in.erp AND (d.schema = erp_is_in.schema OR d.schema NOT IN (
			SELECT o.schema FROM _dunning.erp_ledger AS o WHERE o.erp = erp_is_in.erp
			UNION ALL SELECT k.schema FROM dunning.kept_ledger AS k WHERE k.erp = erp_is_in.erp))
		ORDER BY d.schema = erp_is_in.schema DESC, d.sure DESC, d.schema LIMIT 1);
COMMENT ON FUNCTION _dunning.erp_is_in(jsonb, name, name) IS
	'The schema that holds the ERP of a ledger by what dunning.detect_erp saw: its own, or the likeliest that no ledger has; NULL if none does';

CREATE FUNCTION dunning.check_ledgers() RETURNS TABLE (ledger name, ok boolean, problem text, hint text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	l dunning.ledger;
	e _dunning.erp_ledger;
	problems text[];
	remarks text[];
	works boolean;
	how text;
	reader oid;
	hidden text;
	elsewhere name;
	seen jsonb := '[]';
	k dunning.kept_ledger;
BEGIN
	IF EXISTS (SELECT FROM _dunning.erp_ledger) OR EXISTS (SELECT FROM dunning.kept_ledger) THEN
		SELECT coalesce(jsonb_agg(to_jsonb(d)), '[]') INTO seen FROM dunning.detect_erp() AS d;
	END IF;
	FOR l IN SELECT * FROM dunning.ledger AS s ORDER BY s.ledger LOOP
		problems := '{}';
		remarks := '{}';
		works := true;
		how := NULL;
		SELECT * INTO e FROM _dunning.erp_ledger AS s WHERE s.ledger = l.ledger;

		-- the relations of the ledger and the columns of the mapping
		SELECT coalesce(array_agg(format('the %s are gone', r.scope)), '{}') INTO problems
		FROM (VALUES ('items', l.relation), ('payments', l.payments), ('customers', l.customers)) AS r (scope, relation)
		WHERE r.relation IS NOT NULL AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = r.relation);
		SELECT problems || coalesce(array_agg(format('column "%s" of %s is gone', m.column_name, r.relation) ORDER BY r.scope, m.column_name), '{}') INTO problems
		FROM (VALUES ('items', l.relation, l.columns - 'payments' - 'customers' - 'currency_code'),
			('payments', l.payments, (l.columns -> 'payments') - 'indexed'), ('customers', l.customers, l.columns -> 'customers')) AS r (scope, relation, columns)
		CROSS JOIN LATERAL jsonb_each_text(r.columns) AS m (field, column_name)
		WHERE EXISTS (SELECT FROM pg_class AS c WHERE c.oid = r.relation)
			AND EXISTS (SELECT FROM dunning.ledger_field AS f WHERE f.scope = r.scope AND f.field = m.field)
			AND NOT EXISTS (SELECT FROM _dunning.relation_columns(r.relation) AS rc WHERE rc.column_name = m.column_name);

		-- the tables under the views of a profile
		IF e.ledger IS NOT NULL THEN
			SELECT coalesce(array_agg(c.change ORDER BY c.change), '{}') INTO remarks
			FROM (
				SELECT format('table %s is gone', t.key) AS change
				FROM jsonb_each(e.columns) AS t WHERE to_regclass(t.key) IS NULL AND to_regnamespace(quote_ident(e.schema)) IS NOT NULL
				UNION ALL
				SELECT format('schema "%s" is gone', e.schema) WHERE to_regnamespace(quote_ident(e.schema)) IS NULL
				UNION ALL
				SELECT CASE WHEN a.attname IS NULL THEN format('column "%s" of %s is gone', c.key, t.key)
					ELSE format('column "%s" of %s is of type %s and no longer %s', c.key, t.key, format_type(a.atttypid, NULL), c.value) END
				FROM jsonb_each(e.columns) AS t
				CROSS JOIN LATERAL jsonb_each_text(t.value) AS c
				LEFT JOIN pg_attribute AS a ON a.attrelid = to_regclass(t.key) AND a.attname = c.key AND a.attnum > 0 AND NOT a.attisdropped
				WHERE to_regclass(t.key) IS NOT NULL AND (a.attname IS NULL OR format_type(a.atttypid, NULL) <> c.value)) AS c;
			how := _dunning.adopt_again(l.ledger);
			elsewhere := _dunning.erp_is_in(seen, e.erp, e.schema);
			IF elsewhere = e.schema THEN
				remarks := remarks || ARRAY(
					SELECT format('%s was of version %s and is of %s', e.erp, coalesce(e.version, 'no known one'), coalesce(d.version, 'none that is known'))
					FROM jsonb_to_recordset(seen) AS d (erp name, schema name, version text)
					WHERE d.erp = e.erp AND d.schema = e.schema AND d.version IS DISTINCT FROM e.version);
			ELSE
				IF elsewhere IS NOT NULL THEN
					remarks := remarks || format('%s is in schema "%s"', e.erp, elsewhere);
					how := format('Adopt it there, its history stays: SELECT * FROM dunning.adopt_erp(%L, schema => %L, ledger => %L, replace => true).', e.erp, elsewhere, l.ledger);
				ELSE
					IF cardinality(remarks) = 0 THEN
						remarks := remarks || format('%s is no longer seen in schema "%s"', e.erp, e.schema);
					END IF;
					how := format('No schema holds what the profile of %1$s looks for, so it cannot be adopted again before the tables or the profile are put right. '
						'To have its reminders wait until then: SELECT dunning.release_ledger(%2$L, keep => true).', e.erp, l.ledger);
				END IF;
			END IF;
		END IF;

		-- what was asked last settles it: does it answer, and if not, would its query
		reader := dunning.ledger_reader(l.ledger);
		hidden := CASE WHEN cardinality(problems) = 0 THEN dunning.ledger_hidden(l.ledger) END;
		IF hidden IS NOT NULL THEN
			problems := problems || hidden;
			how := CASE WHEN _dunning.distributed_relation(_dunning.ledger_relations(l)) IS NULL
				THEN 'That role has to see all rows (by a policy for it, or BYPASSRLS) and to have SELECT; '
					'until then nothing of the ledger is raised, cancelled or claimed, and what is pending waits.'
				ELSE _dunning.distributed_hint() || format(' To have its reminders wait until then: SELECT dunning.release_ledger(%L, keep => true).', l.ledger) END;
		ELSIF cardinality(problems) = 0 THEN
			BEGIN
				PERFORM r FROM _dunning.read_texts(reader,
					format('SELECT count(i.open_amount)::text FROM %s(dunning.today()) AS i', _dunning.ledger_function(l.id))) AS r;
			EXCEPTION WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
				RAISE;
			WHEN OTHERS OR assert_failure THEN
				problems := problems || SQLERRM;
				BEGIN
					PERFORM r FROM _dunning.read_texts(reader,
						format('SELECT count(q.open_amount)::text FROM (%s) AS q', _dunning.ledger_query(l, 'dunning.today()'))) AS r;
				EXCEPTION WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
					RAISE;
				WHEN OTHERS OR assert_failure THEN
					problems := ARRAY[SQLERRM];
				END;
			END;
		END IF;
		works := cardinality(problems) = 0;
		IF NOT works AND how IS NULL THEN
			how := _dunning.adopt_again(l.ledger);
			-- the mapping as it was, for the names that are others now
			IF how ~ 'columns => \.\.\.' AND NOT EXISTS (SELECT FROM unnest(ARRAY[l.relation, l.payments, l.customers]) AS r
				WHERE r IS NOT NULL AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = r))
			THEN
				how := format('Adopt it again with the columns as they are now, its history stays; they were: SELECT * FROM dunning.adopt(%L, ledger => %L, columns => %L, replace => true).',
					l.relation::text, l.ledger, _dunning.given_mapping(l));
			END IF;
		ELSIF works AND cardinality(remarks) = 0 THEN
			how := NULL;
		END IF;
		RETURN QUERY SELECT l.ledger, works, array_to_string(nullif(remarks || problems, '{}'), '; '), how;
	END LOOP;
	FOR k IN SELECT s.* FROM dunning.kept_ledger AS s ORDER BY s.ledger LOOP
		elsewhere := _dunning.erp_is_in(seen, k.erp, k.schema);
		RETURN QUERY SELECT k.ledger, false,
			format('released on %s to be adopted again: %s pending reminder(s) wait', to_char(k.released_at, 'YYYY-MM-DD'),
				(SELECT count(*) FROM dunning.reminder AS r WHERE r.ledger = k.ledger AND r.state = 'pending'))
			|| CASE WHEN k.erp IS NULL OR elsewhere = k.schema THEN '' ELSE '; '
				|| CASE WHEN to_regnamespace(quote_ident(k.schema)) IS NULL THEN format('schema "%s" is gone', k.schema) ELSE format('%s is no longer seen in schema "%s"', k.erp, k.schema) END
				|| coalesce('; ' || k.erp || ' is in schema "' || elsewhere || '"', '') END,
			CASE WHEN k.erp IS NOT NULL AND elsewhere IS NULL
				THEN format('No schema holds what the profile of %1$s looks for, so it cannot be adopted again before the tables or the profile are put right; '
					'its reminders wait until then. To release it for good, which cancels them: SELECT dunning.release_ledger(%2$L).', k.erp, k.ledger)
				ELSE format('Adopt it again: SELECT * FROM %s; or release it for good, which cancels them: SELECT dunning.release_ledger(%L).',
					CASE WHEN k.erp IS NOT NULL THEN format('dunning.adopt_erp(%L, schema => %L, ledger => %L)', k.erp, elsewhere, k.ledger)
						ELSE format('dunning.adopt(%s, ledger => %L)', coalesce(quote_literal(k.relation), '...'), k.ledger) END, k.ledger) END;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dunning.check_ledgers() IS
	'Whether each ledger still answers, what changed in the tables under it since it was adopted, and how to adopt it again with its history; a ledger that is released to be adopted again is told, too';
