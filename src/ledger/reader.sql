-- Reading a ledger as whom.
--
-- Views, policies and index expressions of an ERP's tables are code of their
-- owners, which PostgreSQL runs as whoever reads.  A role of its own reads with
-- its own rights, as in any query.  Whoever has the rights of this extension's
-- owner, a superuser above all, reads as the owner of the ledger's relation
-- instead, in a security-restricted operation, unless all that stands behind
-- the ledger belongs to superusers or to himself.

CREATE FUNCTION _dunning.read_texts(reader oid, query text) RETURNS SETOF text
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'dunning_read_as';
COMMENT ON FUNCTION _dunning.read_texts(oid, text) IS
	'The rows of a query of one text, planned and executed as a role in a security-restricted operation; error 42501 for a role that the caller cannot become';

CREATE FUNCTION _dunning.read_rows(reader oid, query text) RETURNS SETOF _dunning.item_row
	LANGUAGE c STRICT ROWS 10000 AS 'MODULE_PATHNAME', 'dunning_read_as';
COMMENT ON FUNCTION _dunning.read_rows(oid, text) IS
	'The rows of a query of items, planned and executed as a role in a security-restricted operation; error 42501 for a role that the caller cannot become';

CREATE FUNCTION _dunning.query_cost(reader oid, query text) RETURNS double precision
	LANGUAGE c STRICT AS 'MODULE_PATHNAME', 'dunning_query_cost';
COMMENT ON FUNCTION _dunning.query_cost(oid, text) IS 'What a query costs by the planner''s estimate, planned as a role';

CREATE FUNCTION _dunning.policies_apply(relation oid, reader oid) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_policies_apply';
COMMENT ON FUNCTION _dunning.policies_apply(oid, oid) IS
	'Whether row-level security of a table applies to a role: not to who may bypass it, nor to the owner unless it is forced on him';

-- A policy whose condition is the constant true shows a role all rows, if no
-- restrictive one takes some away.  Where row_security is off, any policy is an error.
CREATE FUNCTION _dunning.hides_rows(relation oid, reader oid) RETURNS boolean
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN _dunning.policies_apply(relation, reader) AND (current_setting('row_security') = 'off'
		OR (SELECT bool_or(p.polpermissive AND s.condition = 'true') IS NOT TRUE
				OR bool_or(NOT p.polpermissive AND s.condition <> 'true') IS TRUE
			FROM pg_policy AS p CROSS JOIN LATERAL pg_get_expr(p.polqual, p.polrelid) AS s (condition)
			WHERE p.polrelid = hides_rows.relation AND p.polcmd IN ('r', '*')
				AND EXISTS (SELECT FROM unnest(p.polroles) AS r (role) WHERE r.role = 0 OR pg_has_role(hides_rows.reader, r.role, 'USAGE'))));
END
$$;
COMMENT ON FUNCTION _dunning.hides_rows(oid, oid) IS
	'Whether row-level security of a table can hide rows from a role: it applies, and no policy USING (true) shows the role all of them';

CREATE FUNCTION _dunning.me() RETURNS oid
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN pg_catalog.quote_ident(current_user)::pg_catalog.regrole::pg_catalog.oid;
COMMENT ON FUNCTION _dunning.me() IS 'The current user';

CREATE FUNCTION _dunning.ledger_relations(l dunning.ledger) RETURNS oid[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN array_remove(ARRAY[l.relation::oid, l.payments::oid, l.whole_payments::oid, l.customers::oid], NULL);
COMMENT ON FUNCTION _dunning.ledger_relations(dunning.ledger) IS 'The relations that a ledger names: of the items first, of payments and customers';

CREATE FUNCTION _dunning.ledger_relations(ledger name) RETURNS oid[]
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	RETURN (SELECT _dunning.ledger_relations(l) FROM dunning.ledger AS l WHERE l.ledger = ledger_relations.ledger AND l.state = 'adopted');
END
$$;
COMMENT ON FUNCTION _dunning.ledger_relations(name) IS 'The relations that a ledger names; NULL if there is no such ledger';

CREATE FUNCTION _dunning.relations_behind(ledger name) RETURNS SETOF regclass
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT u.relation::regclass FROM _dunning.relations_under(_dunning.ledger_relations(ledger)) AS u (relation);
	END;
COMMENT ON FUNCTION _dunning.relations_behind(name) IS 'The tables and views that a ledger reads, those behind its views and partitions included';

-- Whose code may run when relations are read: that of the owners of what is behind
-- them, of the types of their columns and of the functions that their views, indexes
-- and constraints call, but for superusers and the current user.
CREATE FUNCTION _dunning.strangers(relations oid[]) RETURNS SETOF oid
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- planning it costs more than reading it, and a session plans it once
	RETURN QUERY
		WITH behind AS MATERIALIZED (SELECT u.relation FROM _dunning.relations_under(strangers.relations) AS u (relation)),
		owners AS MATERIALIZED (
			SELECT c.relowner AS role FROM behind AS b JOIN pg_class AS c ON c.oid = b.relation
			UNION
			SELECT o.typowner
			FROM (SELECT DISTINCT a.atttypid FROM behind AS b
				JOIN pg_attribute AS a ON a.attrelid = b.relation AND a.attnum > 0 AND NOT a.attisdropped) AS y
			JOIN pg_type AS t ON t.oid = y.atttypid
			CROSS JOIN LATERAL unnest(ARRAY[t.oid, t.typbasetype, t.typelem]) AS e (type)
			JOIN pg_type AS o ON o.oid = e.type
			UNION
			SELECT f.proowner
			FROM behind AS b
			CROSS JOIN LATERAL (
				SELECT 'pg_rewrite'::regclass, w.oid FROM pg_rewrite AS w WHERE w.ev_class = b.relation
				UNION ALL SELECT 'pg_class'::regclass, i.indexrelid FROM pg_index AS i WHERE i.indrelid = b.relation
				UNION ALL SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint AS k WHERE k.conrelid = b.relation
				UNION ALL SELECT 'pg_attrdef'::regclass, v.oid FROM pg_attrdef AS v
					JOIN pg_attribute AS a ON a.attrelid = v.adrelid AND a.attnum = v.adnum AND a.attgenerated = 'v'
					WHERE v.adrelid = b.relation
				-- those that do not apply are not run
				UNION ALL SELECT 'pg_policy'::regclass, p.oid FROM pg_policy AS p
					WHERE p.polrelid = b.relation AND _dunning.policies_apply(b.relation, _dunning.me())) AS x (catalog, object)
			JOIN pg_depend AS d ON d.classid = x.catalog AND d.objid = x.object
				AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
			LEFT JOIN pg_operator AS o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
			JOIN pg_proc AS f ON f.oid = coalesce(o.oprcode::oid, d.refobjid)
				AND f.pronamespace NOT IN ('dunning'::regnamespace, '_dunning'::regnamespace))
		-- asked once, and not for each type that there is
		SELECT w.role FROM owners AS w JOIN pg_roles AS r ON r.oid = w.role WHERE NOT r.rolsuper AND w.role <> (SELECT _dunning.me());
END
$$;
COMMENT ON FUNCTION _dunning.strangers(oid[]) IS
	'The roles, neither superusers nor the current user, that own something behind relations, the type of a column there, or a function that is called there';

-- The owner of the relation of the items; if he is trusted, the one owner who
-- is not.  Two of them cannot both be kept from running code as the other.
CREATE FUNCTION _dunning.reader_of(relations oid[]) RETURNS oid
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- planned once a session, as what follows here
	RETURN (
		WITH others AS (SELECT s.role AS relowner FROM _dunning.strangers(relations) AS s (role))
		SELECT CASE
			WHEN NOT pg_has_role((SELECT c.relowner FROM pg_class AS c WHERE c.oid = 'dunning.open_item'::regclass), 'MEMBER')
				OR NOT EXISTS (SELECT FROM others) THEN _dunning.me()
			ELSE coalesce(
				(SELECT o.relowner FROM others AS o JOIN pg_class AS c ON c.oid = relations[1] AND c.relowner = o.relowner),
				(SELECT max(o.relowner) FROM others AS o HAVING count(*) = 1)) END);
END
$$;
COMMENT ON FUNCTION _dunning.reader_of(oid[]) IS
	'The role as which the current user reads relations, the items'' first: himself, unless he has the rights of the extension''s owner and something behind them belongs to a role that is neither a superuser nor himself; NULL if it belongs to several';

CREATE FUNCTION dunning.ledger_reader(ledger name) RETURNS oid
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN _dunning.reader_of(_dunning.ledger_relations(ledger));
END
$$;
COMMENT ON FUNCTION dunning.ledger_reader(name) IS 'The role as which the current user reads a ledger; NULL if there is none';

-- Which relation is read with whose rights: what is behind a view with those of
-- its owner, unless the view is security_invoker; what is behind a materialized
-- view with those of its owner, who fills it.  Tables that inherit are read under
-- the policies of the one that the query names.
CREATE FUNCTION _dunning.relations_read(relations oid[], reader oid) RETURNS TABLE (relation regclass, role oid)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		WITH RECURSIVE used AS (
			SELECT r.relation, relations_read.reader AS role, relations_read.reader AS invoker
			FROM unnest(relations_read.relations) AS r (relation)
			UNION
			SELECT d.refobjid,
				CASE WHEN c.relkind = 'v' AND EXISTS (SELECT FROM pg_catalog.pg_options_to_table(c.reloptions) AS o
						WHERE o.option_name = 'security_invoker' AND o.option_value::boolean)
					THEN u.invoker ELSE c.relowner END,
				CASE c.relkind WHEN 'm' THEN c.relowner ELSE u.invoker END
			FROM used AS u
			JOIN pg_catalog.pg_class AS c ON c.oid = u.relation
			JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = u.relation AND w.ev_type = '1'
			JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid
				AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> u.relation)
		SELECT DISTINCT c.oid::regclass, u.role FROM used AS u
		JOIN pg_catalog.pg_class AS c ON c.oid = u.relation AND c.relkind IN ('r', 'p', 'v', 'm', 'f');
	END;
COMMENT ON FUNCTION _dunning.relations_read(oid[], oid) IS 'What a role reads with some relations, down to the last table, and with whose rights each is read';

CREATE FUNCTION _dunning.rows_hidden(ledger name, reader oid DEFAULT _dunning.me()) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN EXISTS (SELECT FROM _dunning.relations_read(_dunning.ledger_relations(ledger), reader) AS r
		WHERE _dunning.hides_rows(r.relation, r.role));
COMMENT ON FUNCTION _dunning.rows_hidden(name, oid) IS
	'Whether row-level security on a table of a ledger, or behind its views, can hide rows from the role as which the table is read if a role reads the ledger';

-- What Citus manages, a distributed, reference or local table of its own, reads as
-- empty inside a subquery, without an error: an item that is not read there is
-- not an item that is paid.
CREATE FUNCTION _dunning.distributed_relation(relations oid[]) RETURNS regclass
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	managed regclass;
BEGIN
	IF to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL THEN
		EXECUTE 'SELECT u.relation FROM _dunning.relations_under($1) AS u (relation) '
			'WHERE EXISTS (SELECT FROM pg_catalog.pg_dist_partition AS d WHERE d.logicalrelid = u.relation) ORDER BY u.relation LIMIT 1'
			INTO managed USING relations;
	END IF;
	RETURN managed;
END
$$;
COMMENT ON FUNCTION _dunning.distributed_relation(oid[]) IS 'The first of some relations, or of those behind them, that Citus manages; NULL if there is none';

CREATE FUNCTION _dunning.distributed_problem(relations oid[]) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN (SELECT pg_catalog.format('%s is managed by Citus, whose tables read as empty inside subqueries', d.relation)
		FROM (SELECT _dunning.distributed_relation(relations)) AS d (relation) WHERE d.relation IS NOT NULL);
COMMENT ON FUNCTION _dunning.distributed_problem(oid[]) IS 'Why relations that Citus manages cannot be followed; NULL for any others';

CREATE FUNCTION _dunning.distributed_hint() RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN 'Adopt it on a node that has it as a local table. The functions on values and the aggregates are right on Citus: they are pushed down to the workers.';
COMMENT ON FUNCTION _dunning.distributed_hint() IS 'What to do with a ledger that Citus manages';

CREATE FUNCTION _dunning.reading_problem(relations oid[], reader oid) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF _dunning.distributed_relation(relations) IS NOT NULL THEN
		RETURN _dunning.distributed_problem(relations);
	END IF;
	IF reader IS NULL THEN
		RETURN (SELECT format('tables, types or functions of several roles stand behind it (%s), so that role "%s" cannot read it as one of them: '
				'let a role run it that has SELECT on the tables',
				string_agg(pg_get_userbyid(s.role), ', ' ORDER BY pg_get_userbyid(s.role)), current_user)
			FROM _dunning.strangers(relations) AS s (role));
	END IF;
	IF reader <> _dunning.me() AND NOT pg_has_role(reader, 'MEMBER') THEN
		RETURN format('role "%1$s" reads it as role "%2$s": GRANT %3$s TO %4$s', current_user, pg_get_userbyid(reader),
			quote_ident(pg_get_userbyid(reader)), quote_ident(current_user));
	END IF;
	-- who reads for himself gets the server's own error
	RETURN (SELECT format('role "%1$s", as which it is read, may not read %2$s: GRANT SELECT ON %2$s TO %3$s', pg_get_userbyid(s.role),
			s.relation, quote_ident(pg_get_userbyid(s.role)))
		FROM _dunning.relations_read(relations, reader) AS s
		WHERE reader <> _dunning.me() AND NOT has_any_column_privilege(s.role, s.relation, 'SELECT')
		ORDER BY s.relation::text LIMIT 1);
END
$$;
COMMENT ON FUNCTION _dunning.reading_problem(oid[], oid) IS
	'Why the current user cannot read relations as a role, the one of _dunning.reader_of: Citus manages one, or which GRANT is missing; NULL if he can';

CREATE FUNCTION _dunning.hiding_problem(relations oid[], reader oid) RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT format('row-level security on %s hides rows from role "%s", as which it is read',
			s.relation, pg_get_userbyid(s.role))
		FROM _dunning.relations_read(relations, reader) AS s
		WHERE _dunning.hides_rows(s.relation, s.role)
		ORDER BY s.relation::text LIMIT 1);
END
$$;
COMMENT ON FUNCTION _dunning.hiding_problem(oid[], oid) IS 'Which rows of relations row-level security hides from whom if a role reads them; NULL if none';

CREATE FUNCTION dunning.ledger_hidden(ledger name) RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	relations CONSTANT oid[] := _dunning.ledger_relations(ledger);
	reader CONSTANT oid := _dunning.reader_of(relations);
BEGIN
	RETURN coalesce(_dunning.reading_problem(relations, reader), _dunning.hiding_problem(relations, reader));
END
$$;
COMMENT ON FUNCTION dunning.ledger_hidden(name) IS 'Why the current user cannot read a ledger whole; NULL if he can';

-- The items of one ledger for a FROM clause: its function itself, for the
-- planner to see through, or what another role reads of it.
CREATE FUNCTION _dunning.items_source(ledger name, as_of date, condition text DEFAULT 'true',
		query text DEFAULT 'SELECT i.* FROM %s AS i WHERE %s', whole boolean DEFAULT NULL)
	RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	reader CONSTANT oid := dunning.ledger_reader(ledger);
	items CONSTANT text := (SELECT format(items_source.query,
		_dunning.ledger_call(l.id, format('%L::date', as_of), coalesce(whole, condition = 'true')), condition)
		FROM dunning.ledger AS l WHERE l.ledger = items_source.ledger AND l.state = 'adopted');
BEGIN
	IF items IS NULL THEN
		RAISE EXCEPTION 'ledger "%" does not exist', ledger
			USING ERRCODE = 'undefined_object', HINT = 'SELECT ledger FROM dunning.ledger lists them.';
	END IF;
	IF reader IS NULL THEN
		RAISE EXCEPTION 'ledger "%" cannot be read', ledger
			USING ERRCODE = 'insufficient_privilege', DETAIL = dunning.ledger_hidden(ledger);
	END IF;
	-- who came to be himself by SET ROLE could be made another again by what he reads
	RETURN CASE WHEN reader = _dunning.me()
			AND (session_user = current_user OR NOT EXISTS (SELECT FROM _dunning.strangers(_dunning.ledger_relations(ledger))))
		THEN format('(%s)', items) ELSE format('_dunning.read_rows(%s, %L)', reader, items) END;
END
$$;
COMMENT ON FUNCTION _dunning.items_source(name, date, text, text, boolean) IS
	'What stands in a FROM clause for the items (i) of a ledger as of a day that meet a condition, settled ones too, read as dunning.ledger_reader says; query: a format of the function that reads them and the condition; whole: by the function for the whole ledger, as it is without a condition';

-- One item is looked up by an index.
CREATE FUNCTION _dunning.item_condition(VARIADIC items dunning.item_key[]) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN items IS NULL OR items[1] IS NULL AND cardinality(items) = 1 THEN 'true'
		WHEN cardinality(items) = 1 THEN format('i.item = %L::dunning.item_key', items[1])
		ELSE format('i.item = ANY (%L::dunning.item_key[])', items) END;
COMMENT ON FUNCTION _dunning.item_condition(dunning.item_key[]) IS 'The condition for _dunning.items_source that chooses items; all for NULL';

-- What reads some items of a ledger: by look-ups where an index serves them, or by
-- one reading of it all where that costs less.  Only a LATERAL join reaches the
-- index through every view, and computes nothing of other items, which may be
-- what raises an error; only a plain one can be a hash join.
CREATE FUNCTION _dunning.keys_source(ledger name, as_of date, keys dunning.item_key[], by text DEFAULT 'item') RETURNS text
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	cheap CONSTANT double precision := 100;	/* the cost of a look-up by an index, with some joins */
	reader oid;
	chosen CONSTANT text := format('SELECT i.* FROM unnest(%s::dunning.item_key[]) AS k (key)', replace(quote_literal(keys::text), '%', '%%'));
	look_up CONSTANT text := chosen || format(' CROSS JOIN LATERAL (SELECT i.* FROM %%s AS i WHERE i.%I = k.key AND %%s OFFSET 0) AS i', by);
	scan CONSTANT text := chosen || format(' JOIN %%s AS i ON i.%I = k.key WHERE %%s', by);
	by_look_up boolean;
BEGIN
	IF keys IS NULL THEN
		RETURN _dunning.items_source(ledger, as_of);
	END IF;
	IF cardinality(keys) > 1 THEN
		reader := dunning.ledger_reader(ledger);
	END IF;
	IF cardinality(keys) = 1 OR reader IS NULL THEN
		RETURN _dunning.items_source(ledger, as_of, CASE by WHEN 'item' THEN _dunning.item_condition(VARIADIC keys)
			ELSE format('i.%I = %L::dunning.item_key', by, keys[1]) END);
	END IF;
	SELECT c.cost < cheap * cardinality(keys)
		OR c.cost < _dunning.query_cost(reader, format(scan, _dunning.ledger_call(l.id, format('%L::date', as_of), true), 'true'))
		INTO by_look_up
	FROM dunning.ledger AS l
	CROSS JOIN LATERAL (SELECT _dunning.query_cost(reader, format(look_up, _dunning.ledger_call(l.id, format('%L::date', as_of)), 'true')) AS cost) AS c
	WHERE l.ledger = keys_source.ledger;
	RETURN _dunning.items_source(ledger, as_of, 'true', CASE WHEN by_look_up THEN look_up ELSE scan END, NOT by_look_up);
END
$$;
COMMENT ON FUNCTION _dunning.keys_source(name, date, dunning.item_key[], text) IS
	'What stands in a FROM clause for some items of a ledger, or for the items of some customers or payers (by: customer, payer), each key named once, or for all items for NULL, read as dunning.ledger_reader says';

-- Look-ups by an index are nested loops, whatever the query around them may use.
CREATE FUNCTION _dunning.source_rows(source text) RETURNS SETOF _dunning.item_row
	LANGUAGE plpgsql ROWS 10000 SET search_path = pg_catalog, pg_temp SET jit = off SET enable_nestloop = on AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT i.* FROM %s AS i', source);
END
$$;
COMMENT ON FUNCTION _dunning.source_rows(text) IS 'The items that _dunning.items_source or _dunning.keys_source names';

CREATE FUNCTION _dunning.read_items(ledger name, as_of date, VARIADIC items dunning.item_key[] DEFAULT NULL) RETURNS SETOF _dunning.item_row
	LANGUAGE plpgsql ROWS 10000 SET search_path = pg_catalog, pg_temp SET jit = off SET enable_nestloop = on AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT i.* FROM %s AS i', _dunning.keys_source(ledger, as_of, items));
END
$$;
COMMENT ON FUNCTION _dunning.read_items(name, date, dunning.item_key[]) IS
	'The items of one ledger as of a day, or some of them, settled ones too: what dunning.ledger_items has of it, read as dunning.ledger_reader says';

-- An index does not reach the tables that inherit, only partitions.
CREATE FUNCTION _dunning.keys_may_repeat(ledger name) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT NOT _dunning.is_unique(l.relation, l.columns ->> 'key')
			OR EXISTS (SELECT FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhparent WHERE c.oid = l.relation AND c.relkind <> 'p')
		FROM dunning.ledger AS l WHERE l.ledger = keys_may_repeat.ledger AND l.state = 'adopted');
COMMENT ON FUNCTION _dunning.keys_may_repeat(name) IS 'Whether nothing keeps the keys of a ledger unique; NULL if it is not adopted';

CREATE FUNCTION _dunning.repeated_items(ledger name, as_of date, VARIADIC items dunning.item_key[] DEFAULT NULL)
	RETURNS TABLE (item dunning.item_key, part integer)
	LANGUAGE plpgsql ROWS 10 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	many CONSTANT integer := 10000;	/* more are not looked up one by one: nothing but their keys is read */
BEGIN
	IF cardinality(items) = 0 THEN
		RETURN;
	END IF;
	RETURN QUERY EXECUTE format('SELECT i.item, i.part FROM %s AS i GROUP BY i.item, i.part HAVING count(*) > 1',
		CASE WHEN (cardinality(items) > many) IS NOT TRUE THEN _dunning.keys_source(ledger, as_of, items)
			ELSE format('(SELECT i.item, i.part FROM unnest($1) AS k (item) JOIN %s AS i ON i.item = k.item)', _dunning.items_source(ledger, as_of)) END)
	USING items;
END
$$;
COMMENT ON FUNCTION _dunning.repeated_items(name, date, dunning.item_key[]) IS 'The keys and parts that a ledger, or some items of it, has more than once';

CREATE FUNCTION _dunning.ledger_keys(ledger name) RETURNS SETOF dunning.item_key
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
	-- what is not asked for is not computed: an open amount may be what raises an error
	RETURN QUERY SELECT k::dunning.item_key FROM _dunning.read_texts(dunning.ledger_reader(ledger),
		(SELECT format('SELECT DISTINCT i.item::text FROM %s AS i WHERE i.item IS NOT NULL',
				_dunning.ledger_call(l.id, format('%L::date', dunning.today()), true))
			FROM dunning.ledger AS l WHERE l.ledger = ledger_keys.ledger)) AS k;
END
$$;
COMMENT ON FUNCTION _dunning.ledger_keys(name) IS 'The keys of the items of a ledger';

CREATE FUNCTION _dunning.need_owner(what text) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	owner CONSTANT oid := (SELECT c.relowner FROM pg_class AS c WHERE c.oid = 'dunning.open_item'::regclass);
BEGIN
	IF NOT pg_has_role(owner, 'USAGE') THEN
		RAISE EXCEPTION 'only the owner of dunning.open_item can % a ledger', what
			USING ERRCODE = 'insufficient_privilege',
				HINT = format('Ask a superuser or a member of the role %s, or have a superuser hand it over: SELECT dunning.set_owner(%L).', pg_get_userbyid(owner), current_user);
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_owner(text) IS 'Raises an error for who may not adopt or release a ledger';
