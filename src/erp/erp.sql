-- Known ERPs: seen by their tables, adopted in one call.
--
-- A profile is a row of dunning.erp and functions that are found by its name,
-- each of (schema name, version text) unless it says otherwise:
--   erp_NAME_detect(schema name)  the version that a schema holds, if it does
--   erp_NAME_views                the views to make: item, payment, customer
--   erp_NAME_indexes              the indexes that matter and are missing
--   erp_NAME_watch                the tables to watch (optional)

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
	FOR EACH ROW EXECUTE FUNCTION dunning.keep_shipped();
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.erp
	FOR EACH ROW EXECUTE FUNCTION dunning.prefer_shipped('name');
SELECT pg_catalog.pg_extension_config_dump('dunning.erp', 'WHERE NOT shipped');

CREATE TABLE dunning.erp_ledger (
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
COMMENT ON TABLE dunning.erp_ledger IS 'What dunning.adopt_erp made, so that dunning.release can take it away: written by these two only';
COMMENT ON COLUMN dunning.erp_ledger.ledger IS 'Name of the ledger';
COMMENT ON COLUMN dunning.erp_ledger.erp IS 'The ERP';
COMMENT ON COLUMN dunning.erp_ledger.version IS 'Version of the ERP when it was adopted';
COMMENT ON COLUMN dunning.erp_ledger.schema IS 'Schema of the ERP''s tables';
COMMENT ON COLUMN dunning.erp_ledger.view_schema IS 'Schema that was made for the views';
COMMENT ON COLUMN dunning.erp_ledger.views IS 'The views that were made in it';
COMMENT ON COLUMN dunning.erp_ledger.columns IS 'The ERP''s columns that the views read: table to column to type';
COMMENT ON COLUMN dunning.erp_ledger.watched IS 'Whether triggers were put on the ERP''s tables';
COMMENT ON COLUMN dunning.erp_ledger.made_at IS 'When it was adopted';
SELECT pg_catalog.pg_extension_config_dump('dunning.erp_ledger', '');

-- What profiles ask of the catalogs

CREATE FUNCTION dunning.erp_has(schema name, relation text, VARIADIC columns text[] DEFAULT '{}') RETURNS boolean
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
COMMENT ON FUNCTION dunning.erp_has(name, text, text[]) IS 'Whether a schema has a table or view with these columns, named once each';

CREATE FUNCTION dunning.erp_missing_index(schema name, relation text, column_name text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT format('CREATE INDEX ON %s (%I)', format('%I.%I', schema, relation), column_name)
		FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE n.nspname = schema AND c.relname = relation AND c.relkind IN ('r', 'p', 'm')
			AND EXISTS (SELECT FROM dunning.relation_columns(c.oid) AS rc WHERE rc.column_name = erp_missing_index.column_name)
			AND NOT dunning.has_index(c.oid, column_name));
COMMENT ON FUNCTION dunning.erp_missing_index(name, text, text) IS
	'The statement that makes an index on a column of an ERP''s table; NULL if one begins with it, or there is no such column';

-- The name of a profile's function, if there is one
CREATE FUNCTION dunning.erp_function(erp name, purpose text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT format('dunning.%I', p.proname)
		FROM pg_proc AS p
		WHERE p.pronamespace = 'dunning'::regnamespace AND p.proname::text = format('erp_%s_%s', erp, purpose)
			AND p.proargtypes::text = array_to_string(CASE purpose WHEN 'detect' THEN ARRAY['name'::regtype::oid]
				ELSE ARRAY['name'::regtype::oid, 'text'::regtype::oid] END, ' '));
COMMENT ON FUNCTION dunning.erp_function(name, text) IS 'The function of an ERP''s profile for a purpose (detect, views, indexes, watch), NULL if it has none';

CREATE FUNCTION dunning.detect()
	RETURNS TABLE (erp text, version text, schema name, sure numeric, evidence text, adopts text)
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	one name;
	home name;
	seen record;
BEGIN
	FOR one, home IN
		SELECT e.name, n.nspname
		FROM dunning.erp AS e
		CROSS JOIN pg_namespace AS n
		WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'dunning')
			AND n.nspname NOT IN (SELECT l.view_schema FROM dunning.erp_ledger AS l)
			AND dunning.erp_function(e.name, 'detect') IS NOT NULL
		ORDER BY e.name, n.nspname
	LOOP
		FOR seen IN EXECUTE format('SELECT d.version, d.sure, d.evidence FROM %s($1) AS d', dunning.erp_function(one, 'detect')) USING home
		LOOP
			erp := one;
			schema := home;
			version := seen.version;
			sure := seen.sure;
			evidence := seen.evidence;
			adopts := coalesce(
				(SELECT format('adopted as the ledger "%s"', string_agg(l.ledger, '", "')) FROM dunning.erp_ledger AS l
					WHERE l.erp = one AND l.schema = home HAVING count(*) > 0),
				(SELECT e.description FROM dunning.erp AS e WHERE e.name = one));
			RETURN NEXT;
		END LOOP;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dunning.detect() IS
	'The known ERPs that this database holds, by their tables and columns: version, schema, how sure it is (0 to 1), by what, and what dunning.adopt_erp would adopt';

-- The columns that the views of a schema read from the tables of others
CREATE FUNCTION dunning.erp_columns(view_schema name) RETURNS jsonb
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
			WHERE s.nspname = erp_columns.view_schema AND n.nspname NOT IN (s.nspname, 'dunning')
			GROUP BY 1) AS t);
COMMENT ON FUNCTION dunning.erp_columns(name) IS 'The columns of other schemas'' tables that the views of a schema read: table to column to type';

-- The mapping for dunning.adopt: in a profile's views every field has its own
-- name, so that nothing is guessed, and the payments of an item are found by the
-- ERP's indexes.
CREATE FUNCTION dunning.erp_mapping(view_schema name) RETURNS jsonb
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
COMMENT ON FUNCTION dunning.erp_mapping(name) IS 'The mapping of the views of an ERP''s ledger, for dunning.adopt';

-- A view as it was is kept, with what depends on it; one of other columns is
-- made anew.
CREATE FUNCTION dunning.erp_make_view(view_schema name, view name, query text, description text) RETURNS void
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
COMMENT ON FUNCTION dunning.erp_make_view(name, name, text, text) IS 'Makes one view of an ERP''s ledger, read with the rights of whoever reads it';

-- The triggers of dunning.watch on the ERP's own tables: each names the column
-- that holds the key of an item.
CREATE FUNCTION dunning.erp_unwatch(ledger name) RETURNS integer
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	mark CONSTANT bytea := convert_to(erp_unwatch.ledger::text, getdatabaseencoding()) || '\x00'::bytea;
	t record;
	n integer := 0;
BEGIN
	FOR t IN
		SELECT g.tgname, g.tgrelid::regclass AS relation
		FROM pg_trigger AS g
		WHERE g.tgfoid = 'dunning.watch()'::regprocedure AND g.tgparentid = 0 AND g.tgnargs = 2
			AND substr(g.tgargs, 1, length(mark)) = mark
	LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, t.relation);
		n := n + 1;
	END LOOP;
	RETURN n;
END
$$;
COMMENT ON FUNCTION dunning.erp_unwatch(name) IS 'Drops the triggers of dunning.watch on the tables of a ledger''s ERP; returns their number';

CREATE FUNCTION dunning.erp_watch(ledger name) RETURNS TABLE (field text, source text, why text)
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	l dunning.erp_ledger;
	t record;
	n integer := 0;
	untrusted CONSTANT regclass := dunning.untrusted_view(erp_watch.ledger);
BEGIN
	SELECT * INTO l FROM dunning.erp_ledger AS e WHERE e.ledger = erp_watch.ledger;
	PERFORM dunning.erp_unwatch(erp_watch.ledger);
	IF untrusted IS NOT NULL THEN
		RAISE EXCEPTION 'view % cannot be watched', untrusted
			USING ERRCODE = 'insufficient_privilege',
				DETAIL = 'Its owner could run functions in it with the rights of the owner of dunning.reminder.',
				HINT = 'Have the owner of dunning.reminder adopt the ERP.';
	END IF;
	IF dunning.erp_function(l.erp, 'watch') IS NOT NULL THEN
		FOR t IN EXECUTE format('SELECT w.relation, w.column_name, w.why FROM %s($1, $2) AS w', dunning.erp_function(l.erp, 'watch'))
			USING l.schema, l.version
		LOOP
			n := n + 1;
			EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I.%I FOR EACH ROW EXECUTE FUNCTION dunning.watch(%L, %L)',
				'dunning_watch_' || n, l.schema, t.relation, l.ledger, t.column_name);
			RETURN QUERY SELECT 'watch', format('%I.%I.%I', l.schema, t.relation, t.column_name), t.why;
		END LOOP;
	END IF;
	IF n = 0 THEN
		RETURN QUERY SELECT 'watch', NULL::text, format('no table of %s can be watched: the next run cancels what was settled', l.erp);
	END IF;
	UPDATE dunning.erp_ledger AS e SET watched = n > 0 WHERE e.ledger = erp_watch.ledger;
END
$$;
COMMENT ON FUNCTION dunning.erp_watch(name) IS 'Attaches dunning.watch to the tables of a ledger''s ERP, and says to which';

CREATE FUNCTION dunning.adopt_erp(name text DEFAULT NULL, schema name DEFAULT NULL, ledger name DEFAULT NULL, watch boolean DEFAULT NULL,
		procedure text DEFAULT '', rule text DEFAULT '', consumer_rule text DEFAULT '', scheme text DEFAULT '', replace boolean DEFAULT false)
	RETURNS TABLE (field text, source text, why text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	seen record;
	others text;
	new dunning.erp_ledger;
	was dunning.erp_ledger;
	old dunning.ledger;
	one record;
	n bigint;
	mapping jsonb;
	few CONSTANT integer := 20;	-- a look-up costs at most such a part of reading all
BEGIN
	IF adopt_erp.name IS NOT NULL AND NOT EXISTS (SELECT FROM dunning.erp AS e WHERE e.name = adopt_erp.name) THEN
		RAISE EXCEPTION 'ERP "%" is not known', adopt_erp.name
			USING ERRCODE = 'undefined_object',
				HINT = (SELECT format('Known are: %s.', string_agg(e.name::text, ', ' ORDER BY e.name)) FROM dunning.erp AS e);
	END IF;
	SELECT d.erp, d.version, d.schema, d.sure, d.evidence INTO seen
	FROM dunning.detect() AS d
	WHERE d.erp = coalesce(adopt_erp.name, d.erp) AND d.schema = coalesce(adopt_erp.schema, d.schema)
	ORDER BY d.sure DESC, d.erp, d.schema LIMIT 1;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no known ERP was found%', CASE WHEN adopt_erp.schema IS NULL THEN '' ELSE format(' in schema "%s"', adopt_erp.schema) END
			USING ERRCODE = 'undefined_object',
				DETAIL = format('Looked for: %s.', coalesce(adopt_erp.name, (SELECT string_agg(e.name::text, ', ' ORDER BY e.name) FROM dunning.erp AS e))),
				HINT = 'SELECT * FROM dunning.detect() says what is seen; dunning.adopt adopts any table or view.';
	END IF;
	SELECT string_agg(format('%s in schema "%s"', d.erp, d.schema), ', ' ORDER BY d.erp, d.schema) INTO others
	FROM dunning.detect() AS d
	WHERE d.erp = coalesce(adopt_erp.name, d.erp) AND d.schema = coalesce(adopt_erp.schema, d.schema) AND d.sure = seen.sure
	HAVING count(*) > 1;
	IF FOUND THEN
		RAISE EXCEPTION 'more than one ERP was found'
			USING ERRCODE = 'ambiguous_parameter', DETAIL = format('Found: %s.', others),
				HINT = 'Say which: dunning.adopt_erp(name, schema => ...).';
	END IF;

	new.erp := seen.erp;
	new.version := seen.version;
	new.schema := seen.schema;
	new.ledger := coalesce(adopt_erp.ledger, seen.erp);
	new.view_schema := 'dunning_' || new.ledger;
	IF octet_length('dunning_' || new.ledger) > octet_length(new.view_schema::text) THEN
		RAISE EXCEPTION 'ledger name "%" is too long', new.ledger
			USING ERRCODE = 'name_too_long', DETAIL = 'The schema of its views is named after it, with "dunning_" before.';
	END IF;

	SELECT * INTO was FROM dunning.erp_ledger AS l WHERE l.ledger = new.ledger;
	SELECT * INTO old FROM dunning.ledger AS l WHERE l.ledger = new.ledger;
	IF old.ledger IS NOT NULL AND NOT coalesce(adopt_erp.replace, false) THEN
		RAISE EXCEPTION 'ledger "%" exists already', new.ledger
			USING ERRCODE = 'duplicate_object',
				HINT = 'Give another name (ledger => ...), or replace => true to adopt it anew and keep its history.';
	END IF;
	IF was.ledger IS NULL AND to_regnamespace(quote_ident(new.view_schema)) IS NOT NULL THEN
		RAISE EXCEPTION 'schema "%" exists already', new.view_schema
			USING ERRCODE = 'duplicate_schema',
				DETAIL = 'The views of the ledger would be made in it.',
				HINT = 'Drop or rename it, or give the ledger another name.';
	END IF;

	-- without the ledger nothing of ours depends on the views
	IF old.ledger IS NOT NULL THEN
		PERFORM dunning.unwatch(new.ledger);
		PERFORM dunning.erp_unwatch(new.ledger);
		DELETE FROM dunning.ledger AS l WHERE l.ledger = new.ledger;
	END IF;
	IF to_regnamespace(quote_ident(new.view_schema)) IS NULL THEN
		EXECUTE format('CREATE SCHEMA %I', new.view_schema);
		EXECUTE format('COMMENT ON SCHEMA %I IS %L', new.view_schema,
			format('Views of pg_dunning over %s in schema %I: made by dunning.adopt_erp, dropped by dunning.release', new.erp, new.schema));
		EXECUTE format('GRANT USAGE ON SCHEMA %I TO PUBLIC', new.view_schema);
	END IF;

	RETURN QUERY SELECT 'erp', format('%s %s in schema %I', e.title, seen.version, seen.schema), format('%s (sure: %s)', seen.evidence, seen.sure)
		FROM dunning.erp AS e WHERE e.name = new.erp;
	new.views := '{}';
	FOR one IN EXECUTE format('SELECT v.view, v.query, v.description FROM %s($1, $2) AS v', dunning.erp_function(new.erp, 'views'))
		USING new.schema, new.version
	LOOP
		PERFORM dunning.erp_make_view(new.view_schema, one.view, one.query, one.description);
		new.views := new.views || one.view::name;
		RETURN QUERY SELECT 'view', format('%I.%I', new.view_schema, one.view), one.description;
	END LOOP;
	FOR one IN SELECT v AS view FROM unnest(was.views) AS v WHERE v <> ALL (new.views) LOOP
		EXECUTE format('DROP VIEW IF EXISTS %I.%I', new.view_schema, one.view);
	END LOOP;

	-- without an index each item would read all payments, so that all are added
	-- up at once instead
	mapping := dunning.erp_mapping(new.view_schema);
	IF jsonb_typeof(mapping -> 'payments') = 'object' AND dunning.erp_function(new.erp, 'indexes') IS NOT NULL THEN
		EXECUTE format('SELECT count(*) FROM %s($1, $2)', dunning.erp_function(new.erp, 'indexes')) INTO n USING new.schema, new.version;
		IF n > 0 AND few * dunning.query_cost(format('SELECT FROM %1$I.payment AS p WHERE p.item = (SELECT i.key FROM %1$I.item AS i LIMIT 1)', new.view_schema))
			> dunning.query_cost(format('SELECT FROM %I.payment', new.view_schema))
		THEN
			mapping := jsonb_set(mapping, '{payments,indexed}', 'false');
			RETURN QUERY SELECT 'payments', NULL::text, 'all are added up for one customer, since an index is missing; once it is there, adopt again with replace => true';
		END IF;
	END IF;
	RETURN QUERY SELECT a.field, a.source, CASE WHEN a.why = 'as you said' THEN format('by the profile of %s', new.erp)
			WHEN a.why = 'none, as you said' THEN format('%s has none', new.erp) ELSE a.why END
		FROM dunning.adopt(relation => format('%I.item', new.view_schema)::regclass, ledger => new.ledger,
			columns => mapping, watch => false,
			procedure => CASE WHEN adopt_erp.procedure = '' THEN coalesce(old.procedure, '') ELSE adopt_erp.procedure END,
			rule => CASE WHEN adopt_erp.rule = '' AND old.ledger IS NOT NULL THEN old.rule ELSE adopt_erp.rule END,
			consumer_rule => CASE WHEN adopt_erp.consumer_rule = '' THEN old.consumer_rule ELSE adopt_erp.consumer_rule END,
			scheme => CASE WHEN adopt_erp.scheme = '' THEN coalesce(old.scheme, '') ELSE adopt_erp.scheme END) AS a;
	new.columns := dunning.erp_columns(new.view_schema);
	new.watched := false;
	new.made_at := now();
	DELETE FROM dunning.erp_ledger AS l WHERE l.ledger = new.ledger;
	INSERT INTO dunning.erp_ledger SELECT (new).*;

	IF coalesce(adopt_erp.watch, was.watched) THEN
		RETURN QUERY SELECT w.field, w.source, w.why FROM dunning.erp_watch(new.ledger) AS w;
	END IF;
	IF dunning.erp_function(new.erp, 'indexes') IS NOT NULL THEN
		RETURN QUERY EXECUTE format('SELECT ''advice'', i.statement, i.why FROM %s($1, $2) AS i', dunning.erp_function(new.erp, 'indexes'))
			USING new.schema, new.version;
	END IF;
	SELECT count(*) INTO n FROM dunning.ledger_problems(new.ledger);
	IF n > 0 THEN
		RETURN QUERY SELECT 'problems', n::text, format('in the books: SELECT * FROM dunning.ledger_problems(%L)', new.ledger);
	END IF;
END
$$;
COMMENT ON FUNCTION dunning.adopt_erp(text, name, name, boolean, text, text, text, text, boolean) IS
	'Adopts the ERP that this database holds (default: the one that dunning.detect is surest of) as a ledger: makes views over its tables in a schema of their own, dunning_ and the ledger''s name, and returns what it did and why. With watch, triggers on the ERP''s tables cancel the reminders of what is settled; with replace, views and mapping are made anew and the history stays; error 42704 if none is found, 42P08 if more than one is, 42710 if the ledger exists';

-- Called by dunning.release after the ledger is gone
CREATE FUNCTION dunning.erp_released(ledger name) RETURNS void
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	l dunning.erp_ledger;
	view name;
BEGIN
	SELECT * INTO l FROM dunning.erp_ledger AS e WHERE e.ledger = erp_released.ledger;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	PERFORM dunning.erp_unwatch(l.ledger);
	DELETE FROM dunning.erp_ledger AS e WHERE e.ledger = l.ledger;
	-- what a user built on the views, or put beside them, is not ours to drop
	IF to_regnamespace(quote_ident(l.view_schema)) IS NOT NULL THEN
		FOREACH view IN ARRAY l.views LOOP
			EXECUTE format('DROP VIEW IF EXISTS %I.%I', l.view_schema, view);
		END LOOP;
		EXECUTE format('DROP SCHEMA %I', l.view_schema);
	END IF;
END
$$;
COMMENT ON FUNCTION dunning.erp_released(name) IS
	'Takes away what dunning.adopt_erp made for a ledger; nothing for other ledgers; error 2BP01 if something of a user''s depends on it';

CREATE FUNCTION dunning.find_problems(wanted name, as_of date)
	RETURNS TABLE (ledger name, item dunning.item_key, customer dunning.item_key, problem text, detail text)
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	one name;
	relation regclass;
	found_items dunning.item_key[];
	guessed_ledgers name[] := '{}';
	guessed_items dunning.item_key[] := '{}';
BEGIN
	IF wanted IS NOT NULL AND NOT EXISTS (SELECT FROM dunning.ledger AS l WHERE l.ledger = wanted) THEN
		RAISE EXCEPTION 'ledger "%" does not exist', wanted
			USING ERRCODE = 'undefined_object', HINT = 'SELECT ledger FROM dunning.ledger lists them.';
	END IF;
	-- a view of a profile says where the issue date stands in
	FOR one, relation IN
		SELECT l.ledger, l.relation
		FROM dunning.ledger AS l
		JOIN pg_attribute AS a ON a.attrelid = l.relation AND a.attname = 'due_given' AND a.atttypid = 'bool'::regtype AND NOT a.attisdropped
		JOIN dunning.erp_ledger AS e ON e.ledger = l.ledger
		WHERE l.ledger = coalesce(wanted, l.ledger)
	LOOP
		EXECUTE format('SELECT coalesce(array_agg(%s), ''{}'') FROM %s AS t WHERE NOT t.due_given', dunning.key_sql(relation, 'key'), relation) INTO found_items;
		guessed_ledgers := guessed_ledgers || array_fill(one, ARRAY[cardinality(found_items)]);
		guessed_items := guessed_items || found_items;
	END LOOP;
	RETURN QUERY
		WITH o AS MATERIALIZED (
			SELECT i.ledger, i.item, i.customer, i.customer_name, i.reference, i.currency, i.issued_on, i.due_on, i.amount, i.open_amount,
				i.email, i.phone, l.columns
			FROM dunning.open_items(find_problems.as_of) AS i
			JOIN dunning.ledger AS l ON l.ledger = i.ledger
			WHERE i.ledger = coalesce(wanted, i.ledger))
		SELECT o.ledger, o.item, o.customer, p.problem, p.detail
		FROM o
		CROSS JOIN LATERAL (VALUES
			(o.item IS NULL, 'no key', 'The item cannot be told from others.'),
			(o.customer IS NULL, 'no customer', 'Nobody owes the item.'),
			(o.amount IS NULL AND o.columns ? 'amount', 'no amount', 'What was issued is not known.'),
			(o.open_amount IS NULL, 'no open amount', 'What is owed cannot be computed.'),
			(o.issued_on IS NULL AND o.columns ? 'issued_on', 'no issue date', 'The item counts on every past day.'),
			(o.due_on IS NULL, 'no due date', 'The item is never overdue.'),
			(o.due_on < o.issued_on, 'due before issued',
				format('It was issued on %s and fell due on %s.', to_char(o.issued_on, 'YYYY-MM-DD'), to_char(o.due_on, 'YYYY-MM-DD'))),
			(o.currency IS NULL AND (o.columns ? 'currency' OR o.columns ? 'currency_code'), 'no currency', 'Its amount is added to no other.'),
			(o.amount > 0 AND o.open_amount < 0, 'overpaid', format('Of %s there is %s too much.', o.amount, - o.open_amount)),
			(o.amount < 0 AND o.open_amount > 0, 'overused', format('Of a credit of %s there is %s used too much.', - o.amount, o.open_amount)),
			(o.amount > 0 AND o.open_amount > o.amount, 'more open than issued', format('%s was issued and %s is open.', o.amount, o.open_amount))
		) AS p (wrong, problem, detail)
		WHERE p.wrong
		UNION ALL
		SELECT o.ledger, o.item, o.customer, 'no due date', format('The issue date stands in for it: %s.', to_char(o.due_on, 'YYYY-MM-DD'))
		FROM unnest(guessed_ledgers, guessed_items) AS g (ledger, item)
		JOIN o ON o.ledger = g.ledger AND o.item = g.item
		WHERE o.due_on IS NOT NULL
		UNION ALL
		SELECT o.ledger, NULL::dunning.item_key, o.customer, 'no contact',
			format('%s has neither an e-mail address nor a telephone number, and %s open item(s).', coalesce(min(o.customer_name), 'The customer'), count(*))
		FROM o
		WHERE o.open_amount > 0
			AND (o.columns ?| ARRAY['email', 'phone'] OR o.columns -> 'customers' ?| ARRAY['email', 'phone'])
		GROUP BY o.ledger, o.customer
		HAVING bool_and(coalesce(trim(o.email), '') = '' AND coalesce(trim(o.phone), '') = '');
END
$$;
COMMENT ON FUNCTION dunning.find_problems(name, date) IS 'What dunning.ledger_problems returns';

CREATE FUNCTION dunning.ledger_problems(ledger name DEFAULT NULL, as_of date DEFAULT dunning.today())
	RETURNS TABLE (ledger name, item dunning.item_key, customer dunning.item_key, problem text, detail text)
	LANGUAGE sql STABLE PARALLEL SAFE
	BEGIN ATOMIC
		SELECT p.ledger, p.item, p.customer, p.problem, p.detail FROM dunning.find_problems($1, $2) AS p;
	END;
COMMENT ON FUNCTION dunning.ledger_problems(name, date) IS
	'What looks wrong in the open items of a ledger (NULL: of all) on a day: what is missing, due before issued, overpaid, customers without contact; error 42704 if the ledger does not exist';

CREATE FUNCTION dunning.check_ledgers() RETURNS TABLE (ledger name, ok boolean, problem text, hint text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	l dunning.ledger;
	e dunning.erp_ledger;
	problems text[];
	remarks text[];
	works boolean;
	how text;
	now_version text;
BEGIN
	FOR l IN SELECT * FROM dunning.ledger AS s ORDER BY s.ledger LOOP
		problems := '{}';
		remarks := '{}';
		works := true;
		how := NULL;
		SELECT * INTO e FROM dunning.erp_ledger AS s WHERE s.ledger = l.ledger;

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
			AND NOT EXISTS (SELECT FROM dunning.relation_columns(r.relation) AS rc WHERE rc.column_name = m.column_name);

		-- the tables under the views of a profile
		IF e.ledger IS NOT NULL THEN
			SELECT coalesce(array_agg(c.change ORDER BY c.change), '{}') INTO remarks
			FROM (
				SELECT format('table %s is gone', t.key) AS change
				FROM jsonb_each(e.columns) AS t WHERE to_regclass(t.key) IS NULL
				UNION ALL
				SELECT CASE WHEN a.attname IS NULL THEN format('column "%s" of %s is gone', c.key, t.key)
					ELSE format('column "%s" of %s is of type %s and no longer %s', c.key, t.key, format_type(a.atttypid, NULL), c.value) END
				FROM jsonb_each(e.columns) AS t
				CROSS JOIN LATERAL jsonb_each_text(t.value) AS c
				LEFT JOIN pg_attribute AS a ON a.attrelid = to_regclass(t.key) AND a.attname = c.key AND a.attnum > 0 AND NOT a.attisdropped
				WHERE to_regclass(t.key) IS NOT NULL AND (a.attname IS NULL OR format_type(a.atttypid, NULL) <> c.value)) AS c;
			now_version := (SELECT max(d.version) FROM dunning.detect() AS d WHERE d.erp = e.erp AND d.schema = e.schema);
			IF now_version IS DISTINCT FROM e.version THEN
				remarks := remarks || format('%s was of version %s and is of %s', e.erp, coalesce(e.version, 'no known one'), coalesce(now_version, 'none that is known'));
			END IF;
		END IF;

		-- what was asked last settles it: does it answer
		IF cardinality(problems) = 0 THEN
			BEGIN
				EXECUTE format('SELECT count(o.open_amount) FROM dunning.open_item AS o WHERE o.ledger = %L', l.ledger);
			EXCEPTION WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
				RAISE;
			WHEN OTHERS THEN
				problems := problems || SQLERRM;
			END;
		END IF;
		works := cardinality(problems) = 0;
		IF e.ledger IS NOT NULL AND NOT (works AND cardinality(remarks) = 0) THEN
			how := format('Adopt it again, its history stays: SELECT * FROM dunning.adopt_erp(%L, schema => %L, ledger => %L, replace => true).', e.erp, e.schema, e.ledger);
		ELSIF NOT works THEN
			how := CASE WHEN EXISTS (SELECT FROM pg_class AS c WHERE c.oid = l.relation)
				THEN format('Adopt it again, its history stays: SELECT * FROM dunning.adopt(%L, ledger => %L, columns => ..., replace => true).', l.relation::text, l.ledger)
				ELSE format('Adopt what took its place under the same name, its history stays: SELECT * FROM dunning.adopt(..., ledger => %L, replace => true).', l.ledger) END;
		END IF;
		RETURN QUERY SELECT l.ledger, works, array_to_string(nullif(remarks || problems, '{}'), '; '), how;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dunning.check_ledgers() IS
	'Whether each ledger still answers, what changed in the tables under it since it was adopted, and how to adopt it again with its history';
