-- Adopting and releasing a ledger.

-- The columns of one relation for the fields of a scope: the caller's where the
-- mapping names them, otherwise by the primary key and by known names.
CREATE FUNCTION _dunning.map_columns(relation regclass, scope text, given jsonb)
	RETURNS TABLE (field text, column_name text, why text)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	f record;
	c record;
	wanted text;
BEGIN
	FOR f IN SELECT lf.field, lf.kind, lf.description FROM dunning.ledger_field AS lf
		WHERE lf.scope = map_columns.scope ORDER BY lf.field
	LOOP
		IF given ? f.field THEN
			wanted := given ->> f.field;
			CONTINUE WHEN wanted IS NULL;
			SELECT rc.type INTO c FROM _dunning.relation_columns(relation) AS rc WHERE rc.column_name = wanted;
			IF NOT FOUND THEN
				RAISE EXCEPTION 'column "%" of % does not exist', wanted, relation
					USING ERRCODE = 'undefined_column',
						DETAIL = format('The mapping names it for the field "%s": %s.', f.field, f.description),
						HINT = (SELECT 'Its columns are: ' || string_agg(rc.column_name, ', ') || '.'
							FROM _dunning.relation_columns(relation) AS rc);
			END IF;
			IF NOT _dunning.is_kind(c.type, f.kind) THEN
				RAISE EXCEPTION 'column "%" of % is of type %', wanted, relation, c.type::regtype
					USING ERRCODE = 'datatype_mismatch',
						DETAIL = format('The field "%s" needs a %s.', f.field, f.kind),
						HINT = 'Make a view that converts the column, and adopt the view.';
			END IF;
			RETURN QUERY SELECT f.field, wanted, 'as you said'::text;
			CONTINUE;
		END IF;

		IF f.field = 'key' THEN
			RETURN QUERY
				SELECT f.field, a.attname::text, 'primary key'::text
				FROM pg_index AS i
				JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
				WHERE i.indrelid = relation AND i.indisprimary AND i.indnkeyatts = 1;
			CONTINUE WHEN FOUND;
		END IF;
		RETURN QUERY
			SELECT f.field, rc.column_name, 'by its name'::text
			FROM _dunning.relation_columns(relation) AS rc
			JOIN dunning.ledger_word AS w ON w.scope = map_columns.scope AND w.field = f.field AND w.word = rc.word
			WHERE _dunning.is_kind(rc.type, f.kind)
			ORDER BY w.shipped, w.rank, rc.attnum
			LIMIT 1;
	END LOOP;
END
$$;
COMMENT ON FUNCTION _dunning.map_columns(regclass, text, jsonb) IS
	'The columns that serve the fields of a scope, and why: the mapping''s own, the primary key, or a known name';

-- A table that a mapping names: as it stands in the schema of the items, or
-- else as SQL would write it, qualified or not.
CREATE FUNCTION _dunning.find_table(name text, items regclass) RETURNS regclass
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	schema CONSTANT text := (SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = items);
	found_table regclass := to_regclass(format('%I.%I', schema, find_table.name));
BEGIN
	IF found_table IS NULL AND find_table.name ~ '[."]' THEN
		found_table := to_regclass(find_table.name);
	END IF;
	IF found_table IS NULL THEN
		RAISE EXCEPTION 'table "%" of the mapping does not exist', find_table.name
			USING ERRCODE = 'undefined_table',
				HINT = format('A name without a schema is looked up in "%s", where the items are.', schema);
	END IF;
	IF (SELECT c.relpersistence = 't' FROM pg_class AS c WHERE c.oid = found_table) THEN
		RAISE EXCEPTION '% is temporary', found_table
			USING ERRCODE = 'wrong_object_type', HINT = 'Only what outlives the session can be followed.';
	END IF;
	RETURN found_table;
END
$$;
COMMENT ON FUNCTION _dunning.find_table(text, regclass) IS 'The table that a mapping names, looked up in the schema of the items';

-- The mapping of one of the two side tables, from its name or an object.
CREATE FUNCTION _dunning.side_table(columns jsonb, scope text, items regclass, OUT relation regclass, OUT given jsonb)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	value CONSTANT jsonb := columns -> scope;
	unknown text;
BEGIN
	IF coalesce(jsonb_typeof(value), 'null') = 'null' THEN
		RETURN;
	END IF;
	IF jsonb_typeof(value) = 'string' THEN
		given := '{}';
		relation := _dunning.find_table(columns ->> scope, items);
		RETURN;
	END IF;
	IF jsonb_typeof(value) <> 'object' OR NOT value ? 'table' THEN
		RAISE EXCEPTION 'the mapping of "%" must be a table''s name or an object with a "table"', scope
			USING ERRCODE = 'invalid_parameter_value',
				HINT = format('For example {"%s": {"table": "my_table", "%s": "my_column"}}.', scope,
					(SELECT min(f.field) FROM dunning.ledger_field AS f WHERE f.scope = side_table.scope));
	END IF;
	SELECT k INTO unknown FROM jsonb_object_keys(value) AS k
	WHERE k <> 'table' AND NOT (scope = 'customers' AND (k = 'attributes' OR k = 'assigned' AND jsonb_typeof(value -> k) = 'boolean')) AND NOT (scope = 'payments'
		AND (k = 'indexed' AND jsonb_typeof(value -> k) = 'boolean' OR k = 'whole' AND jsonb_typeof(value -> k) = 'string'))
		AND k NOT IN (SELECT f.field FROM dunning.ledger_field AS f WHERE f.scope = side_table.scope);
	IF FOUND THEN
		RAISE EXCEPTION 'unknown field "%" in the mapping of "%"', unknown, scope
			USING ERRCODE = 'invalid_parameter_value',
				HINT = (SELECT 'The fields are: table, ' || CASE side_table.scope WHEN 'customers' THEN 'attributes, assigned, ' ELSE '' END || string_agg(f.field, ', ' ORDER BY f.field) || '.'
					FROM dunning.ledger_field AS f WHERE f.scope = side_table.scope);
	END IF;
	relation := _dunning.find_table(value ->> 'table', items);
	given := value - 'table';
END
$$;
COMMENT ON FUNCTION _dunning.side_table(jsonb, text, regclass) IS 'The payments or customers table of a mapping, and what it says of its columns';

-- A key is kept as text, so it needs a type whose text is always the same.
CREATE FUNCTION _dunning.check_key_type(relation regclass, column_name text) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	key_type CONSTANT oid := (SELECT rc.type FROM _dunning.relation_columns(relation) AS rc
		WHERE rc.column_name = check_key_type.column_name);
BEGIN
	-- in the elements of an array, the fields of a row and the bounds of a range, too
	PERFORM FROM (
		WITH RECURSIVE part AS (
			SELECT key_type AS type
			UNION
			SELECT q.type FROM part AS p JOIN pg_type AS t ON t.oid = p.type
			CROSS JOIN LATERAL (
				SELECT t.typbasetype WHERE t.typtype = 'd'
				UNION ALL SELECT t.typelem WHERE t.typcategory = 'A'
				UNION ALL SELECT a.atttypid FROM pg_attribute AS a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
				UNION ALL SELECT r.rngsubtype FROM pg_range AS r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)) AS q (type))
		SELECT FROM part AS p JOIN pg_type AS t ON t.oid = p.type
		WHERE t.typnamespace = 'pg_catalog'::regnamespace
			AND (t.typname IN ('date', 'timestamp', 'timestamptz', 'time', 'timetz', 'interval', 'bytea', 'float4', 'float8', 'money')
				OR t.typcategory = 'G' OR t.typname ^@ 'reg')) AS s;
	IF FOUND THEN
		RAISE EXCEPTION 'column "%" of % cannot be a key: it is of type %', column_name, relation, key_type::regtype
			USING ERRCODE = 'datatype_mismatch',
				DETAIL = 'The text of such a value depends on settings of the session.',
				HINT = 'Make a view that turns the column into text in one way, and adopt the view.';
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.check_key_type(regclass, text) IS 'Raises an error if the type of a column has no text of its own for a key';

-- The key must identify an item for good: by a constraint, or else by looking.
CREATE FUNCTION _dunning.check_key(relation regclass, column_name text, reader oid) RETURNS void
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	twice text;
BEGIN
	IF _dunning.is_unique(relation, column_name) THEN
		RETURN;
	END IF;
	SELECT r INTO twice FROM _dunning.read_texts(reader, format(
		'SELECT coalesce(%1$s, ''NULL'') FROM %2$s AS t GROUP BY %3$s HAVING count(*) > 1 OR %3$s IS NULL LIMIT 1',
		_dunning.text_sql(relation, 't', column_name), relation,
		_dunning.key_sql(relation, 't', column_name))) AS r;
	IF twice IS NOT NULL THEN
		RAISE EXCEPTION 'column "%" of % does not identify an item', column_name, relation
			USING ERRCODE = 'unique_violation',
				DETAIL = CASE twice WHEN 'NULL' THEN 'It holds NULL.' ELSE format('It holds the value %s more than once.', twice) END,
				HINT = 'Name a column that is unique and never NULL as the field "key".';
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.check_key(regclass, text, oid) IS 'Raises an error if a column does not identify the rows, read as a role';

-- What is given is laid over the mapping of before; null leaves a field out.
CREATE FUNCTION _dunning.merge_mapping(former jsonb, given jsonb, items regclass, payments regclass) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (
		WITH f AS (
			-- whether an index finds the payments is looked up anew, but of a view or foreign table only its maker knows
			SELECT CASE WHEN (SELECT c.relkind IN ('v', 'f') FROM pg_class AS c WHERE c.oid = merge_mapping.payments)
				THEN former ELSE former #- '{payments,indexed}' END AS columns)
		SELECT CASE WHEN jsonb_typeof(given) IS DISTINCT FROM 'object' THEN coalesce(given, f.columns)
			-- one way to know the open amount takes the place of the others
			ELSE f.columns - CASE WHEN coalesce(given ->> 'payments', given ->> 'open_amount', given ->> 'paid_amount') IS NULL THEN '{}'
					ELSE ARRAY['open_amount', 'paid_amount'] || CASE WHEN given ->> 'payments' IS NULL THEN ARRAY['payments'] ELSE '{}' END END
				|| given
				|| (SELECT coalesce(jsonb_object_agg(s, f.columns -> s || (given -> s) || CASE WHEN jsonb_typeof(given #> ARRAY[s, 'attributes']) = 'object'
							THEN jsonb_build_object('attributes', _dunning.mapped_attributes(f.columns, s) || (given #> ARRAY[s, 'attributes'])) ELSE '{}' END),
								'{}')
					FROM unnest(ARRAY['payments', 'customers']) AS s
					WHERE jsonb_typeof(f.columns -> s) = 'object' AND jsonb_typeof(given -> s) = 'object'
						AND (NOT given -> s ? 'table' OR _dunning.find_table(given -> s ->> 'table', items)::text = f.columns -> s ->> 'table'))
				|| CASE WHEN jsonb_typeof(given -> 'attributes') = 'object'
					THEN jsonb_build_object('attributes', _dunning.mapped_attributes(f.columns, 'items') || (given -> 'attributes')) ELSE '{}' END END
		FROM f);
COMMENT ON FUNCTION _dunning.merge_mapping(jsonb, jsonb, regclass, regclass) IS 'The mapping of a ledger that is adopted anew: what is given, laid over what it was';

-- A list of columns stands for attributes of their names.
CREATE FUNCTION _dunning.name_attributes(columns jsonb) RETURNS jsonb
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	place text[];
BEGIN
	FOREACH place SLICE 1 IN ARRAY CASE WHEN jsonb_typeof(columns -> 'customers') = 'object' THEN '{{attributes,NULL},{customers,attributes}}' ELSE '{{attributes,NULL}}' END::text[] LOOP
		place := array_remove(place, NULL);
		IF jsonb_typeof(columns #> place) = 'array' THEN
			columns := jsonb_set(columns, place, (SELECT coalesce(jsonb_object_agg(lower(a.value #>> '{}'),
				a.value) FILTER (WHERE jsonb_typeof(a.value) = 'string'), '{}')
				FROM jsonb_array_elements(columns #> place) AS a));
		END IF;
	END LOOP;
	RETURN columns;
END
$$;
COMMENT ON FUNCTION _dunning.name_attributes(jsonb) IS 'A mapping whose attributes are objects of name and column, where they are given as lists of columns';

CREATE FUNCTION _dunning.map_attributes(relation regclass, scope text, given jsonb, others jsonb DEFAULT NULL) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	attributes CONSTANT jsonb := _dunning.mapped_attributes(given, scope);
	wrong record;
BEGIN
	IF jsonb_typeof(attributes) <> 'object' THEN
		RAISE EXCEPTION 'attributes must be a list of columns, or an object of names and columns'
			USING ERRCODE = 'invalid_parameter_value', HINT = 'For example {"attributes": ["region", "brand"]} or {"attributes": {"region": "region_code"}}.';
	END IF;
	SELECT * INTO wrong
	FROM (SELECT a.key AS name, jsonb_typeof(a.value) NOT IN ('string', 'null') AS no_column, a.key <> lower(trim(a.key)) OR a.key ~ '[,[:cntrl:]]'
		OR a.key = '' AS no_name,
			a.key IN (SELECT u.word FROM _dunning.report_keys() AS k
				CROSS JOIN LATERAL (VALUES (k.word), (k.name), (k.en), (k.fr)) AS u (word)
				UNION VALUES ('currency'), ('devise'), ('total')) OR coalesce(others ? a.key, false) AS taken
		FROM jsonb_each(attributes) AS a) AS s
	WHERE s.no_column OR s.no_name OR s.taken ORDER BY s.name LIMIT 1;
	IF wrong.no_column THEN
		RAISE EXCEPTION 'the attribute "%" must be mapped to one column name', wrong.name USING ERRCODE = 'invalid_parameter_value';
	ELSIF wrong.no_name THEN
		RAISE EXCEPTION 'an attribute cannot have the name "%"', wrong.name
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A name is in lower case and has no comma, because reports are grouped by it.', HINT = 'Give it another name: {"attributes": {"name": "column"}}.';
	ELSIF wrong.taken THEN
		RAISE EXCEPTION 'there cannot be an attribute "%"', wrong.name
			USING ERRCODE = 'invalid_parameter_value', DETAIL = CASE WHEN coalesce(others ? wrong.name, false) THEN 'The items and the customers both have it.' ELSE 'Reports know this word: it is a field, or follows from one.' END,
				HINT = 'Map it as a field, or give it another name: {"attributes": {"name": "column"}}.';
	END IF;
	SELECT a.key AS name, a.value AS column_name INTO wrong FROM jsonb_each_text(attributes) AS a
	WHERE a.value IS NOT NULL AND NOT EXISTS (SELECT FROM _dunning.relation_columns(relation) AS rc WHERE rc.column_name = a.value)
		ORDER BY a.key LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'column "%" of % does not exist', wrong.column_name, relation
			USING ERRCODE = 'undefined_column', DETAIL = format('The mapping names it for the attribute "%s".', wrong.name),
				HINT = (SELECT 'Its columns are: ' || string_agg(rc.column_name, ', ') || '.' FROM _dunning.relation_columns(relation) AS rc);
	END IF;
	RETURN jsonb_strip_nulls(attributes);
END
$$;
COMMENT ON FUNCTION _dunning.map_attributes(regclass, text, jsonb, jsonb) IS
	'The attributes that a mapping has in a scope, name to column; error 22023 for a name that a report has already, or that the others have, 42703 for a column that is not there';

CREATE FUNCTION _dunning.check_mapping(given jsonb) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	wrong text;
BEGIN
	IF jsonb_typeof(given) <> 'object' THEN
		RAISE EXCEPTION 'the mapping must be a JSON object of field and column' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	SELECT k INTO wrong FROM jsonb_object_keys(given) AS k
	WHERE k NOT IN ('payments', 'customers', 'attributes') AND k NOT IN (SELECT f.field FROM dunning.ledger_field AS f WHERE f.scope = 'items');
	IF FOUND THEN
		RAISE EXCEPTION 'unknown field "%" in the mapping', wrong
			USING ERRCODE = 'invalid_parameter_value',
				HINT = (SELECT 'The fields are: payments, customers, attributes, ' || string_agg(f.field, ', ' ORDER BY f.field) || '.'
					FROM dunning.ledger_field AS f WHERE f.scope = 'items');
	END IF;
	SELECT k.key INTO wrong FROM jsonb_each(given) AS k
	WHERE k.key NOT IN ('payments', 'customers', 'attributes') AND jsonb_typeof(k.value) NOT IN ('string', 'null');
	IF FOUND THEN
		RAISE EXCEPTION 'the field "%" must be mapped to one column name', wrong
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Only names are mapped, never expressions: make a view for more, and adopt the view.';
	END IF;
	IF num_nonnulls(given ->> 'payments', given ->> 'open_amount', given ->> 'paid_amount') > 1 THEN
		RAISE EXCEPTION 'the mapping says more than one way to know the open amount'
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Name one of open_amount, paid_amount and payments.';
	END IF;
	IF given ->> 'payments' IS NOT NULL AND given ->> 'company_open_amount' IS NOT NULL THEN
		RAISE EXCEPTION 'the field "company_open_amount" is not for a ledger with payments'
			USING ERRCODE = 'invalid_parameter_value',
				DETAIL = 'It would not follow the payments to a past day.',
				HINT = 'Name the company_amount of the items and that of the payments.';
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.check_mapping(jsonb) IS 'Raises an error 22023 if a mapping is not one';

-- Everything that is missing is said at once; a field of a side table has its scope
-- before its name.
CREATE FUNCTION _dunning.refuse_missing(missing text[], items regclass, payments regclass, customers regclass) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	m record;
BEGIN
	SELECT count(*) AS n, string_agg(format('"%s"', f.name), ', ' ORDER BY f.place) AS fields,
		string_agg(DISTINCT f.relation::text, ', ') AS relations,
		string_agg(format('%s: %s', f.name, f.description), '; ' ORDER BY f.place) AS needed,
		string_agg(DISTINCT format('of %s %s', f.relation, (SELECT string_agg(rc.column_name, ', ')
			FROM _dunning.relation_columns(f.relation) AS rc)), '; ') AS columns,
		coalesce(jsonb_object_agg(f.field, '...') FILTER (WHERE f.scope = 'items'), '{}')
			|| CASE WHEN bool_or(f.scope = 'payments') THEN jsonb_build_object('payments', jsonb_build_object('table', refuse_missing.payments::text)
				|| jsonb_object_agg(f.field, '...') FILTER (WHERE f.scope = 'payments')) ELSE '{}' END
			|| CASE WHEN bool_or(f.scope = 'customers') THEN jsonb_build_object('customers', jsonb_build_object('table', refuse_missing.customers::text)
				|| jsonb_object_agg(f.field, '...') FILTER (WHERE f.scope = 'customers')) ELSE '{}' END AS mapping
	INTO m
	FROM (SELECT u.name, u.place, d.scope, d.field, d.description,
			CASE d.scope WHEN 'payments' THEN refuse_missing.payments WHEN 'customers' THEN refuse_missing.customers ELSE items END AS relation
		FROM unnest(missing) WITH ORDINALITY AS u (name, place)
		JOIN dunning.ledger_field AS d ON u.name = CASE d.scope WHEN 'items' THEN d.field ELSE d.scope || '.' || d.field END) AS f;
	IF m.n > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column',
			MESSAGE = format(CASE m.n WHEN 1 THEN 'no column of %s is known as the field %s' ELSE 'no columns of %s are known as the fields %s' END, m.relations, m.fields),
			DETAIL = format('Needed: %s. The columns are: %s.', m.needed, m.columns),
			HINT = format('Name %s in the mapping: columns => %L.', CASE m.n WHEN 1 THEN 'it' ELSE 'them' END, m.mapping)
				|| CASE WHEN 'open_amount' = ANY (missing) THEN ' What is owed can also be "amount" and "paid_amount", or "amount" and the table of the "payments".' ELSE '' END;
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.refuse_missing(text[], regclass, regclass, regclass) IS 'Raises one error 42703 for all fields that a mapping needs and lacks';

-- The one foreign key between two tables, by one column.
CREATE FUNCTION _dunning.foreign_key(relation regclass, column_name text, OUT named regclass, OUT named_column text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT k.confrelid::regclass, b.attname::text
		FROM pg_constraint AS k
		JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
		JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
		WHERE k.contype = 'f' AND k.conrelid = foreign_key.relation AND cardinality(k.conkey) = 1 AND a.attname = foreign_key.column_name
		ORDER BY k.oid LIMIT 1;
	END;
COMMENT ON FUNCTION _dunning.foreign_key(regclass, text) IS 'The table and column that a foreign key of a column names; NULL if it has none';

CREATE FUNCTION _dunning.need_columns(relation regclass, names text[], of_relation regclass) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	lacking text;
BEGIN
	SELECT n INTO lacking FROM unnest(names) AS n
	WHERE (SELECT rc.type FROM _dunning.relation_columns(relation) AS rc WHERE rc.column_name = n)
		IS DISTINCT FROM (SELECT rc.type FROM _dunning.relation_columns(of_relation) AS rc WHERE rc.column_name = n);
	IF FOUND THEN
		RAISE EXCEPTION '% has no column "%" of the type that it has in %', relation, lacking, of_relation
			USING ERRCODE = 'undefined_column', HINT = format('It must have the rows and the columns of %s.', of_relation);
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_columns(regclass, text[], regclass) IS 'Error 42703 if a relation lacks one of the named columns of another, or has it in another type';

-- From what is given and what is found to the columns of the ledger.
CREATE FUNCTION _dunning.resolve_mapping(relation regclass, given jsonb,
		OUT columns jsonb, OUT reasons jsonb, OUT payments regclass, OUT whole_payments regclass, OUT customers regclass)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	pay record;
	cust record;
	codes jsonb;
	part jsonb;
	why jsonb;
	missing text[];
	by_key text;
	attributes jsonb;
BEGIN
	PERFORM _dunning.check_mapping(given);
	pay := _dunning.side_table(given, 'payments', relation);
	payments := pay.relation;
	-- one currency for all is a code that is no column
	SELECT coalesce(jsonb_object_agg(f, given -> f), '{}') INTO codes FROM unnest(ARRAY['currency', 'company_currency']) AS f
	WHERE given ->> f ~ '^[A-Z]{3}$' AND NOT EXISTS (SELECT FROM _dunning.relation_columns(relation) AS rc WHERE rc.column_name = given ->> f);
	SELECT coalesce(jsonb_object_agg(m.field, m.column_name), '{}'), coalesce(jsonb_object_agg(m.field, m.why), '{}') INTO columns, reasons
	FROM _dunning.map_columns(relation, 'items', given - '{payments,customers,attributes}'::text[]
		|| (SELECT coalesce(jsonb_object_agg(k, NULL::text), '{}') FROM jsonb_object_keys(codes) AS k)) AS m;

	-- the open amount: one of three ways
	IF payments IS NOT NULL THEN
		columns := columns - ARRAY['open_amount', 'paid_amount', 'company_open_amount'];
	ELSIF given ->> 'paid_amount' IS NOT NULL THEN
		columns := columns - 'open_amount';
	ELSIF columns ? 'open_amount' OR NOT columns ? 'amount' THEN
		columns := columns - 'paid_amount';
	END IF;
	-- terms fill a due date that is missing, where there is something to count from
	IF columns ?& ARRAY['terms', 'due_on'] AND NOT columns ?& ARRAY['issued_on', 'amount'] THEN
		columns := columns - 'terms';
	END IF;
	missing := ARRAY(SELECT n FROM unnest(ARRAY['key', 'customer']
			|| CASE WHEN columns ? 'due_on' THEN '{}' WHEN columns ? 'terms' THEN ARRAY['issued_on', 'amount'] ELSE ARRAY['due_on'] END
			|| CASE WHEN payments IS NULL AND NOT columns ?| ARRAY['open_amount', 'paid_amount'] THEN ARRAY['open_amount']
				WHEN columns ? 'open_amount' OR columns ? 'terms' AND NOT columns ? 'due_on' THEN '{}' ELSE ARRAY['amount'] END) AS n
		WHERE NOT columns ? n);

	IF payments IS NOT NULL THEN
		SELECT coalesce(jsonb_object_agg(m.field, m.column_name), '{}'), coalesce(jsonb_object_agg('payments.' || m.field, m.why), '{}') INTO part, why
		FROM _dunning.map_columns(payments, 'payments', pay.given - 'whole') AS m;
		IF NOT part ? 'item' AND NOT pay.given ? 'item' THEN
			SELECT min(rc.column_name) INTO by_key FROM _dunning.relation_columns(payments) AS rc
				CROSS JOIN LATERAL _dunning.foreign_key(pay.relation, rc.column_name) AS k
			WHERE k.named = resolve_mapping.relation HAVING count(*) = 1;
			IF FOUND THEN
				part := part || jsonb_build_object('item', by_key);
				why := why || '{"payments.item": "by its foreign key to the items"}';
			END IF;
		END IF;
		reasons := reasons || why;
		missing := missing || ARRAY(SELECT 'payments.' || n FROM unnest(ARRAY['item', 'amount']) AS n WHERE NOT part ? n);
		columns := columns || jsonb_build_object('payments', part || jsonb_build_object('table', payments::text,
			'indexed', coalesce((pay.given ->> 'indexed')::boolean, _dunning.has_index(payments, part ->> 'item'), false)));
		IF pay.given ? 'whole' THEN
			whole_payments := _dunning.find_table(pay.given ->> 'whole', relation);
			PERFORM _dunning.need_columns(whole_payments, ARRAY(SELECT m.value FROM jsonb_each_text(part) AS m WHERE m.value IS NOT NULL),
				payments);
			columns := jsonb_set(columns, '{payments,whole}', to_jsonb(whole_payments::text));
		END IF;
	END IF;

	attributes := _dunning.map_attributes(relation, 'items', given);
	columns := columns || CASE attributes WHEN '{}' THEN '{}' ELSE jsonb_build_object('attributes', attributes) END;
	-- names and addresses: the caller's table, or the one that a foreign key names
	cust := _dunning.side_table(given, 'customers', relation);
	customers := cust.relation;
	part := cust.given;
	by_key := NULL;
	IF customers IS NULL AND NOT given ? 'customers' AND NOT columns ? 'customer_name' THEN
		SELECT k.named, jsonb_build_object('key', k.named_column), 'by the foreign key of the customer' INTO customers, part, by_key
		FROM _dunning.foreign_key(resolve_mapping.relation, columns ->> 'customer') AS k
		WHERE EXISTS (SELECT FROM _dunning.map_columns(k.named, 'customers', '{}') AS m WHERE m.field = 'name');
	END IF;
	IF customers IS NOT NULL THEN
		SELECT coalesce(jsonb_object_agg(m.field, m.column_name), '{}'),
			coalesce(jsonb_object_agg('customers.' || m.field, coalesce(CASE m.field WHEN 'key' THEN by_key END, m.why)), '{}')
			INTO part, why
		FROM _dunning.map_columns(customers, 'customers', part - 'attributes' - 'assigned') AS m;
		reasons := reasons || why;
		missing := missing || ARRAY(SELECT 'customers.key' WHERE NOT part ? 'key');
		attributes := _dunning.map_attributes(customers, 'customers', given, attributes);
		columns := columns || jsonb_build_object('customers', part || jsonb_build_object('table', customers::text)
			|| CASE WHEN (cust.given ->> 'assigned')::boolean THEN '{"assigned": true}'::jsonb ELSE '{}' END
			|| CASE attributes WHEN '{}' THEN '{}' ELSE jsonb_build_object('attributes', attributes) END);
	END IF;
	PERFORM _dunning.refuse_missing(missing, relation, payments, customers);
	IF columns #>> '{customers,assigned}' IS NOT NULL AND columns ->> 'payer' IS NOT NULL THEN
		RAISE EXCEPTION 'payers of customers cannot be assigned where the items say the payer'
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Leave one of them out: "payer": null, or "assigned": false in the mapping of the customers.';
	END IF;
	PERFORM _dunning.check_key_type(relation, columns ->> key) FROM unnest(ARRAY['key', 'customer', 'payer']) AS key;
	PERFORM _dunning.check_key_type(customers, columns #>> ARRAY['customers', key]) FROM unnest(ARRAY['payer', 'customer_group', 'risk_party']) AS key;
	-- what was left out on purpose stays so
	columns := (SELECT coalesce(jsonb_object_agg(g.key, g.value), '{}') FROM jsonb_each(given) AS g WHERE jsonb_typeof(g.value) = 'null')
		|| columns || codes;
END
$$;
COMMENT ON FUNCTION _dunning.resolve_mapping(regclass, jsonb) IS
	'The columns that a ledger has for its fields, why, and its tables of payments and customers; one error 42703 for all that is missing';

CREATE FUNCTION _dunning.check_relation(relation regclass) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	class record;
BEGIN
	IF check_relation.relation IS NULL THEN
		RAISE EXCEPTION 'the relation to adopt must not be NULL' USING ERRCODE = 'null_value_not_allowed';
	END IF;
	SELECT c.relkind, c.relnamespace, c.relpersistence INTO class FROM pg_class AS c WHERE c.oid = check_relation.relation;
	IF class.relkind NOT IN ('r', 'p', 'v', 'm', 'f') THEN
		RAISE EXCEPTION '% is not a table, view, materialized view, partitioned table or foreign table', check_relation.relation
			USING ERRCODE = 'wrong_object_type';
	END IF;
	IF class.relpersistence = 't' THEN
		RAISE EXCEPTION '% is temporary', check_relation.relation
			USING ERRCODE = 'wrong_object_type', HINT = 'Only what outlives the session can be followed.';
	END IF;
	IF class.relnamespace IN ('dunning'::regnamespace, '_dunning'::regnamespace) THEN
		RAISE EXCEPTION '% belongs to pg_dunning and cannot be adopted', check_relation.relation
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.check_relation(regclass) IS 'Raises an error if a relation is none that can be adopted';

-- Two ledgers over the same rows would count and remind every item twice.
CREATE FUNCTION _dunning.check_once(relation regclass, ledger name) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	l dunning.ledger;
BEGIN
	SELECT * INTO l FROM dunning.ledger AS s
	WHERE s.ledger <> check_once.ledger AND (s.relation = check_once.relation OR s.state = 'released'
		AND to_regclass(s.relation_name) = check_once.relation) LIMIT 1;
	IF l.state = 'released' THEN
		RAISE EXCEPTION '% was adopted as the ledger "%", which is released to be adopted again', relation, l.ledger
			USING ERRCODE = 'duplicate_object',
				DETAIL = 'Its reminders wait: every item would be reminded twice.',
				HINT = format('Adopt it again (ledger => %1$L), or release it for good: SELECT dunning.release_ledger(%1$L).', l.ledger);
	ELSIF FOUND THEN
		RAISE EXCEPTION '% is adopted already, as the ledger "%"', relation, l.ledger
			USING ERRCODE = 'duplicate_object',
				DETAIL = 'Every item would be counted and reminded twice.',
				HINT = format('Release it first: SELECT dunning.release_ledger(%L).', l.ledger);
	END IF;
	IF EXISTS (SELECT FROM dunning.ledger AS s WHERE s.ledger <> check_once.ledger
		AND (s.relation IN (SELECT pg_partition_ancestors(check_once.relation))
			OR check_once.relation IN (SELECT pg_partition_ancestors(s.relation))))
	THEN
		RAISE EXCEPTION 'the partitioned table of % is adopted already, or a partition of it is', relation
			USING ERRCODE = 'duplicate_object', DETAIL = 'Every item would be counted and reminded twice.';
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.check_once(regclass, name) IS 'Raises an error 42710 if another ledger has the relation, a partition of it or its partitioned table';

-- An empty text stands for the setting of before, or the default.
CREATE FUNCTION _dunning.settings_of(former dunning.ledger, procedure text, rule text, consumer_rule text, scheme text, time_zone text)
		RETURNS dunning.ledger
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	new dunning.ledger;
BEGIN
	new.procedure := CASE WHEN coalesce(settings_of.procedure, '') = '' THEN coalesce(former.procedure, 'standard') ELSE settings_of.procedure END;
	new.rule := CASE WHEN settings_of.rule = '' THEN CASE WHEN former.ledger IS NULL THEN 'france' ELSE former.rule END ELSE settings_of.rule END;
	new.consumer_rule := CASE WHEN settings_of.consumer_rule = '' THEN former.consumer_rule ELSE settings_of.consumer_rule END;
	new.scheme := CASE WHEN coalesce(settings_of.scheme, '') = '' THEN coalesce(former.scheme, 'standard') ELSE settings_of.scheme END;
	new.calendar := former.calendar;
	new.time_zone := coalesce(nullif(settings_of.time_zone, ''), former.time_zone, _dunning.business_zone());
	PERFORM _dunning.need_settings(new);
	IF NOT EXISTS (SELECT FROM pg_timezone_names AS z WHERE lower(z.name) = lower(new.time_zone)) THEN
		RAISE EXCEPTION 'time zone "%" is not known', new.time_zone
			USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT name FROM pg_timezone_names lists them, such as Europe/Paris.';
	END IF;
	RETURN new;
END
$$;
COMMENT ON FUNCTION _dunning.settings_of(dunning.ledger, text, text, text, text, text) IS
	'The settings of a ledger that is adopted: as given, or as they were, or the defaults; error 42704 for a procedure, rule or scheme that does not exist, 22023 for an unknown time zone';

-- After a restore the sequence may be behind, and objects may be nobody's.
CREATE FUNCTION _dunning.next_number() RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	number integer;
BEGIN
	LOOP
		number := nextval('dunning.ledger_id_seq');
		EXIT WHEN NOT EXISTS (SELECT FROM dunning.ledger AS l WHERE number IN (l.id, l.adoption))
			AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = '_dunning'::regnamespace AND c.relname ~ format('^(item|(whole_)?payment|customer|gate)_%s$', number))
			AND NOT EXISTS (SELECT FROM pg_proc AS p WHERE p.pronamespace = '_dunning'::regnamespace AND p.proname ~ format('^ledger_(items|whole)_%s$', number));
	END LOOP;
	RETURN number;
END
$$;
COMMENT ON FUNCTION _dunning.next_number() IS 'A number for a ledger or an adoption that none has';

-- Makes the views of a ledger and reads it once, to see that the mapping makes sense.
CREATE FUNCTION _dunning.try_ledger(l dunning.ledger, reader oid, counted boolean) RETURNS bigint
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	n bigint;
BEGIN
	PERFORM _dunning.make_views(l);
	SELECT r INTO n FROM _dunning.read_texts(reader, format('SELECT count(*)::text FROM (%s) AS q WHERE q.open_amount IS DISTINCT FROM 0 %s',
		_dunning.ledger_query(l, format('%L::date', dunning.today()), true), CASE WHEN counted THEN '' ELSE 'AND false' END)) AS r;
	RETURN n;
EXCEPTION WHEN query_canceled OR insufficient_privilege THEN
	RAISE;
WHEN OTHERS THEN
	RAISE EXCEPTION 'the mapping of % does not make a query', l.relation_name
		USING ERRCODE = SQLSTATE, DETAIL = SQLERRM,
			HINT = 'Make a view with columns of the right types, and adopt the view.';
END
$$;
COMMENT ON FUNCTION _dunning.try_ledger(dunning.ledger, oid, boolean) IS
	'Makes the views of a ledger and returns the number of its open items; an error says that its mapping makes no query';

-- What was decided, and why
CREATE FUNCTION _dunning.adoption_report(l dunning.ledger, reasons jsonb) RETURNS TABLE (field text, source text, why text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.field, r.source, r.why FROM (
		SELECT 1 AS block, array_position(ARRAY['key', 'customer', 'due_on', 'open_amount', 'amount', 'paid_amount'], f.field) AS place, f.field, l.columns ->> f.field AS source,
			CASE WHEN l.columns ->> f.field IS NOT NULL THEN coalesce(reasons ->> f.field, 'one currency for all, as you said')
				WHEN f.field = 'due_on' THEN 'from the payment terms, one open item a part'
				WHEN f.field = 'open_amount' AND l.payments IS NOT NULL THEN 'amount less the payments'
				WHEN f.field = 'open_amount' THEN 'amount less paid_amount'
				WHEN f.field = 'company_open_amount' AND l.columns ->> 'company_amount' IS NOT NULL AND l.columns #>> '{payments,company_amount}' IS NOT NULL
					THEN 'company_amount less that of the payments'
				WHEN f.field = 'company_open_amount' AND l.payments IS NOT NULL THEN 'unknown: the items and the payments need a company_amount'
				WHEN f.field = 'paid_amount' AND (l.payments IS NOT NULL OR l.columns ->> 'open_amount' IS NOT NULL) THEN 'not needed'
				WHEN l.columns #>> ARRAY['customers', CASE f.field WHEN 'customer_name' THEN 'name' ELSE f.field END] IS NOT NULL THEN 'from the table of the customers'
				WHEN l.columns ? f.field THEN 'none, as you said'
				WHEN reasons ? f.field THEN 'not needed'
				ELSE 'no column of a known name' END AS why
		FROM dunning.ledger_field AS f WHERE f.scope = 'items'
		UNION ALL
		SELECT 2, NULL, s.scope || '.' || m.key, format('%s.%I', s.relation, m.value), reasons ->> (s.scope || '.' || m.key)
		FROM (VALUES ('payments', l.payments), ('customers', l.customers)) AS s (scope, relation)
		CROSS JOIN LATERAL jsonb_each_text(l.columns -> s.scope) AS m (key, value)
		WHERE s.relation IS NOT NULL AND m.key NOT IN ('assigned', 'indexed', 'table', 'whole', 'attributes') AND m.value IS NOT NULL
		UNION ALL
		SELECT 2, NULL, s.prefix || 'attributes.' || a.key, CASE s.scope WHEN 'items' THEN a.value ELSE format('%s.%I', l.customers, a.value) END, 'as you said'
		FROM (VALUES ('items', ''), ('customers', 'customers.')) AS s (scope, prefix)
			CROSS JOIN LATERAL jsonb_each_text(_dunning.mapped_attributes(l.columns, s.scope)) AS a
		UNION ALL
		SELECT 3, v.place, v.field, v.value, v.why FROM (VALUES
			(1, 'default procedure', l.procedure, (SELECT p.procedure::text FROM dunning.procedure AS p WHERE p.name = l.procedure)),
			(2, 'rule', l.rule, (SELECT r.description FROM dunning.rule AS r WHERE r.name = l.rule)),
			(3, 'consumer rule', l.consumer_rule, (SELECT r.description FROM dunning.rule AS r WHERE r.name = l.consumer_rule)),
			(4, 'scheme', l.scheme, (SELECT s.scheme::text FROM dunning.scheme AS s WHERE s.name = l.scheme)),
			(5, 'calendar', l.calendar, 'the business days of its steps'),
			(6, 'time zone', l.time_zone, 'the days of columns of type timestamptz are counted in it, whoever reads them')) AS v (place, field, value, why)
		WHERE v.field NOT IN ('consumer rule', 'calendar', 'time zone') OR v.value IS NOT NULL
		UNION ALL
		SELECT 3, 3, 'rule of ' || x.value, x.rule, CASE WHEN x.rule IS NULL THEN 'late items cost nothing'
			ELSE (SELECT r.description FROM dunning.rule AS r WHERE r.name = x.rule) END
		FROM dunning.ledger_rule AS x WHERE x.ledger = l.ledger) AS r
	ORDER BY r.block, r.place, r.field
$$;
COMMENT ON FUNCTION _dunning.adoption_report(dunning.ledger, jsonb) IS 'The rows of dunning.adopt that say which column serves which field, and the settings';

-- What would be better otherwise
CREATE FUNCTION _dunning.adoption_advice(l dunning.ledger) RETURNS TABLE (field text, source text, why text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	-- a law between businesses is not that of consumers
	SELECT 'consumer rule', NULL, format('consumers are charged the rate of the rule "%s"%s: %s', r.name,
		(SELECT CASE min(j.debtor) WHEN 'public' THEN ', which is for public buyers' WHEN 'business' THEN ', which is for businesses' END
			FROM dunning.jurisdiction AS j WHERE j.code = r.jurisdiction),
		coalesce((SELECT format('adopt it again with consumer_rule => %L', k.name) FROM dunning.rule AS k
			JOIN dunning.jurisdiction AS j ON j.code = k.jurisdiction AND j.debtor = 'consumer'
			WHERE k.name = split_part(r.jurisdiction, '-', 1) || '-consumer' LIMIT 1), 'if they owe another one, name it as consumer_rule'))
	FROM dunning.rule AS r
	WHERE r.name = l.rule AND l.consumer_rule IS NULL AND coalesce(l.columns ->> 'professional', l.columns #>> '{customers,professional}') IS NOT NULL
		AND NOT EXISTS (SELECT FROM dunning.jurisdiction AS j WHERE j.code = r.jurisdiction AND j.debtor = 'consumer')
	UNION ALL
	SELECT 'consumer rule of ' || c.value, NULL, format('consumers are charged the %s of the rule "%s"; if they owe something else: UPDATE dunning.ledger_rule SET consumer_rule = ... WHERE ledger = %L AND value = %L',
		c.charge, c.rule, l.ledger, c.value)
	FROM _dunning.consumers_charged(l) AS c
	UNION ALL
	-- drafts, void and deleted rows are items like all others unless somebody says so
	SELECT 'advice', quote_ident(rc.column_name),
		'if it tells drafts, void or deleted rows from others: they are items, too. Map a boolean column as "excluded", or adopt a view that leaves them out'
	FROM _dunning.relation_columns(l.relation) AS rc
	WHERE l.erp IS NULL AND l.columns ->> 'excluded' IS NULL
		AND rc.word ~ '^((is_)?(draft|deleted|void|voided|cancelled|canceled)|(deleted|voided|cancelled|canceled)_(at|on)|status|state|etat|statut|brouillon|(supprime|annule)e?(_le)?)$'
		AND NOT EXISTS (SELECT FROM jsonb_each_text(l.columns) AS m WHERE m.value = rc.column_name)
	UNION ALL
	SELECT 'advice', format('CREATE UNIQUE INDEX ON %s (%I)', l.relation, l.columns ->> 'key'),
		'nothing keeps this key unique; items whose key several rows have are neither reminded nor claimed for'
	FROM pg_class AS c
	WHERE c.oid = l.relation AND c.relkind IN ('r', 'p', 'm') AND NOT _dunning.is_unique(l.relation, l.columns ->> 'key')
		AND _dunning.partition_columns(l.relation) <@ ARRAY[l.columns ->> 'key']
	UNION ALL
	SELECT 'advice', quote_ident(l.columns ->> 'key'), format('no index can keep this key unique, since the partitions are divided by %s; items whose key several rows have are '
		'neither reminded nor claimed for: SELECT * FROM dunning.ledger_problems(%L) finds them', array_to_string(p.columns, ', '), l.ledger)
	FROM _dunning.partition_columns(l.relation) AS p (columns)
	WHERE NOT p.columns <@ ARRAY[l.columns ->> 'key'] AND NOT _dunning.is_unique(l.relation, l.columns ->> 'key')
	UNION ALL
	SELECT 'advice', quote_ident(m.ledger), format('%s reads the same rows: an item of both ledgers is reminded, claimed and reported twice; leave these rows out of one, '
		'or release the other: SELECT dunning.release_ledger(%L)', m.relation, m.ledger)
	FROM dunning.ledger AS m
	WHERE m.state = 'adopted' AND m.ledger <> l.ledger AND m.relation <> l.relation
		AND (m.relation::oid IN (SELECT _dunning.relations_under(ARRAY[l.relation::oid]))
			OR l.relation::oid IN (SELECT _dunning.relations_under(ARRAY[m.relation::oid])))
	UNION ALL
	-- what would make look-ups fast
	SELECT 'advice', format('CREATE INDEX ON %s (%I)', a.relation, a.column_name), a.why
	FROM (VALUES
		(l.payments, l.columns #>> '{payments,item}', 'otherwise all payments are added up for one customer; then adopt again with replace => true'),
		(l.relation, l.columns ->> 'customer', 'otherwise the items of one customer need a scan')) AS a (relation, column_name, why)
	WHERE a.column_name IS NOT NULL AND NOT _dunning.has_index(a.relation, a.column_name)
		AND (SELECT c.relkind IN ('r', 'p', 'm') FROM pg_class AS c WHERE c.oid = a.relation)
	UNION ALL
	SELECT 'advice', l.payments::text, format(
		'it is a %s: all payments are added up for one customer. If an index finds the payments of one item behind it, say "indexed": true beside the name of the table%s',
		CASE c.relkind WHEN 'v' THEN 'view' ELSE 'foreign table' END,
		CASE WHEN _dunning.reads_foreign(l.payments) THEN '; each item is then a query of its own on the foreign server' ELSE '' END)
	FROM pg_class AS c
	WHERE c.oid = l.payments AND c.relkind IN ('v', 'f') AND l.columns #>> '{payments,indexed}' = 'false' AND l.erp IS NULL
$$;
COMMENT ON FUNCTION _dunning.adoption_advice(dunning.ledger) IS 'The rows of dunning.adopt that say what would be better';

-- What a past day is answered from
CREATE FUNCTION _dunning.history_source(l dunning.ledger, OUT source text, OUT why text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT format('%s.%I', l.payments, l.columns #>> '{payments,date}'),
			CASE WHEN l.columns ->> 'issued_on' IS NOT NULL THEN 'past days are answered exactly, from the dates of the payments'
				ELSE 'past days are answered from the dates of the payments, but without an issue date later items are among them' END
		WHERE l.columns #>> '{payments,date}' IS NOT NULL
		UNION ALL
		SELECT NULL, CASE WHEN l.payments IS NOT NULL THEN 'past days show today''s open amounts: the payments have no date'
			WHEN l.columns ->> 'open_amount' IS NOT NULL THEN 'past days show today''s open amounts: a column holds no past, a table of payments would'
			ELSE 'past days show today''s open amounts: paid_amount holds no past, a table of payments would' END
		WHERE l.columns #>> '{payments,date}' IS NULL;
	END;
COMMENT ON FUNCTION _dunning.history_source(dunning.ledger) IS 'The column of the dates of payments, and what the ledger knows of a past day';

-- An adoption or release waits for those who read the ledger and for those who write
-- the ERP's tables, and all who come then wait behind it.  So it waits for a tenth of a
-- second, less than what a deadlock is looked for after, lets go of everything, and
-- tries again later: it holds nobody up for long, and no deadlock arises.
CREATE FUNCTION _dunning.patiently(step regproc, new dunning.ledger, former dunning.ledger, watch boolean) RETURNS jsonb
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	patience CONSTANT interval := coalesce(nullif(current_setting('lock_timeout')::interval, '0'), '1 minute');
	begun CONSTANT timestamptz := clock_timestamp();
	pause double precision := 0.05;
	result jsonb;
BEGIN
	LOOP
		BEGIN
			EXECUTE format('SELECT %s($1, $2, $3)', step) INTO result USING new, former, watch;
			RETURN result;
		EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
			IF clock_timestamp() > begun + patience THEN
				RAISE EXCEPTION 'ledger "%" is in use', coalesce(new.ledger, former.ledger)
					USING ERRCODE = 'lock_not_available', DETAIL = format('Others were at work on what it reads for %s.', patience),
						HINT = 'End the transactions that are open for long, which pg_stat_activity lists, and try again; lock_timeout says how long to wait.';
			END IF;
		END;
		PERFORM pg_sleep(pause);
		pause := least(2 * pause, 1);
	END LOOP;
END
$$;
COMMENT ON FUNCTION _dunning.patiently(regproc, dunning.ledger, dunning.ledger, boolean) IS
	'Calls a function (new, former, watch) that sets a short lock_timeout until it gets its locks; error 55P03 after the lock_timeout of the caller, or a minute';

CREATE FUNCTION _dunning.install_ledger(new dunning.ledger, former dunning.ledger, watch boolean) RETURNS jsonb
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
#variable_conflict use_column
BEGIN
	PERFORM _dunning.make_gate(new);
	PERFORM _dunning.make_functions(new);
	DELETE FROM dunning.ledger AS l WHERE l.ledger = new.ledger;
	INSERT INTO dunning.ledger (ledger, id, adoption, relation, payments, whole_payments, customers, relation_name, columns, procedure,
		rule, consumer_rule, scheme, calendar, time_zone, erp, erp_version, erp_schema, erp_views, erp_columns)
	VALUES (new.ledger, new.id, new.adoption, new.relation, new.payments, new.whole_payments, new.customers, new.relation_name, new.columns,
		new.procedure, new.rule, new.consumer_rule, new.scheme, new.calendar, new.time_zone, new.erp, new.erp_version, new.erp_schema,
		new.erp_views, new.erp_columns);
	IF former.state = 'adopted' THEN
		PERFORM _dunning.drop_views(former.adoption);
	END IF;
	RETURN (SELECT jsonb_agg(to_jsonb(w)) FROM _dunning.adopt_watch(new.ledger, watch) AS w);
END
$$;
COMMENT ON FUNCTION _dunning.install_ledger(dunning.ledger, dunning.ledger, boolean) IS
	'Has a ledger read by the views of its new adoption, in the place of the former one, and watched or not, or, for NULL, as it is; returns the rows of _dunning.adopt_watch';

-- Adopts what dunning.adopt and dunning.adopt_erp have prepared.  Everything is read
-- first; locks are taken at the end, on the tables only where triggers change.
CREATE FUNCTION _dunning.adopt_as(prepared dunning.ledger, given jsonb, former dunning.ledger, watch boolean, read boolean DEFAULT true)
	RETURNS TABLE (field text, source text, why text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	new dunning.ledger := prepared;
	counted CONSTANT boolean := new.erp IS NULL;	-- dunning.adopt_erp counts while it looks for problems
	m record;
	relations oid[];
	reader oid;
	problem text;
	n bigint;
	lost record;
	watched jsonb;
BEGIN
	PERFORM _dunning.refuse_planted();
	m := _dunning.resolve_mapping(new.relation, given);
	new.columns := m.columns;
	new.payments := m.payments;
	new.whole_payments := m.whole_payments;
	new.customers := m.customers;
	new.relation_name := new.relation::text;
	IF NOT EXISTS (SELECT FROM (VALUES (new.relation::regclass, new.columns ->> 'due_on'), (new.relation, new.columns ->> 'issued_on'),
			(new.relation, new.columns ->> 'contracted_on'), (new.relation, new.columns ->> 'delivered_on'), (new.relation, new.columns ->> 'matures_on'),
			(new.payments, new.columns #>> '{payments,date}')
			UNION ALL SELECT new.relation, a.value FROM jsonb_each_text(_dunning.mapped_attributes(new.columns, 'items')) AS a
			UNION ALL SELECT new.customers, a.value FROM jsonb_each_text(_dunning.mapped_attributes(new.columns, 'customers')) AS a)
			AS d (relation, column_name)
		JOIN LATERAL _dunning.relation_columns(d.relation) AS rc ON rc.column_name = d.column_name AND rc.type = 'timestamptz'::regtype)
	THEN
		new.time_zone := NULL;
	END IF;

	-- whoever reads it has to see it whole
	relations := _dunning.ledger_relations(new);
	IF _dunning.distributed_relation(relations) IS NOT NULL THEN
		RAISE EXCEPTION '%', _dunning.distributed_problem(relations)
			USING ERRCODE = 'feature_not_supported', HINT = _dunning.distributed_hint();
	END IF;
	reader := _dunning.reader_of(relations);
	problem := _dunning.reading_problem(relations, reader);
	IF problem IS NOT NULL THEN
		RAISE EXCEPTION 'ledger "%" cannot be read', new.ledger
			USING ERRCODE = 'insufficient_privilege', DETAIL = upper(left(problem, 1)) || substr(problem, 2) || '.';
	END IF;
	problem := _dunning.hiding_problem(relations, reader);
	new.adoption := _dunning.next_number();
	new.id := CASE former.state WHEN 'adopted' THEN former.id ELSE new.adoption END;
	IF read THEN
		IF new.customers IS NOT NULL THEN
			PERFORM _dunning.check_key(new.customers, new.columns #>> '{customers,key}', reader);
		END IF;
		PERFORM _dunning.check_key(new.relation, new.columns ->> 'key', reader);
		n := _dunning.try_ledger(new, reader, counted);
		lost := _dunning.unmatched_payments(new);
		watched := _dunning.patiently('_dunning.install_ledger', new, former, CASE WHEN counted THEN coalesce(adopt_as.watch, former.watched, false) END);
	ELSE
		PERFORM _dunning.make_views(new);
		PERFORM _dunning.install_ledger(new, former, NULL);
	END IF;

	RETURN QUERY SELECT r.field, r.source, r.why FROM _dunning.adoption_report(new, m.reasons) AS r;
	RETURN QUERY SELECT 'open items', n::text, 'items that are not settled on ' || to_char(dunning.today(), 'YYYY-MM-DD') WHERE counted;
	IF reader <> _dunning.me() THEN
		RETURN QUERY SELECT 'read as', quote_ident(pg_get_userbyid(reader)),
			format('a run or a claim of %I reads the ledger as this role, which needs SELECT on what the ledger reads', current_user);
	END IF;
	IF problem IS NOT NULL THEN
		RETURN QUERY SELECT 'hidden', new.relation::text, problem || '; as long as rows are hidden, nothing of the ledger is raised, cancelled or claimed';
	END IF;
	IF read THEN
		RETURN QUERY SELECT 'unmatched payments', lost.payments::text,
			format('they name no item, or one that is not there, and pay nothing: %s in all', lost.amount)
			WHERE lost.payments > 0;
	END IF;
	RETURN QUERY SELECT 'history', h.source, h.why FROM _dunning.history_source(new) AS h;
	RETURN QUERY SELECT w.field, w.source, w.why FROM jsonb_to_recordset(watched) AS w (field text, source text, why text);
	RETURN QUERY
		SELECT 'reminders', count(*)::text, 'reminders of this ledger''s name count for items of the same key'
		FROM dunning.reminder AS r WHERE r.ledger = new.ledger HAVING count(*) > 0;
	RETURN QUERY SELECT a.field, a.source, a.why FROM _dunning.adoption_advice(new) AS a;
END
$$;
COMMENT ON FUNCTION _dunning.adopt_as(dunning.ledger, jsonb, dunning.ledger, boolean, boolean) IS
	'What dunning.adopt and dunning.adopt_erp have in common: takes a ledger with its relation, settings and ERP, a mapping, and the ledger that it takes the place of; without read its rows were looked at already, and no lock is waited for longer than lock_timeout';

CREATE FUNCTION dunning.adopt(relation regclass, ledger name DEFAULT NULL, columns jsonb DEFAULT NULL,
		procedure text DEFAULT '', rule text DEFAULT '', scheme text DEFAULT '',
		watch boolean DEFAULT NULL, replace boolean DEFAULT false, consumer_rule text DEFAULT '', time_zone text DEFAULT '')
	RETURNS TABLE (field text, source text, why text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	name CONSTANT name := coalesce(adopt.ledger, (SELECT c.relname FROM pg_class AS c WHERE c.oid = adopt.relation));
	new dunning.ledger;
	former dunning.ledger;
	changed text[];
BEGIN
	PERFORM _dunning.check_relation(adopt.relation);
	PERFORM _dunning.need_owner('adopt');
	PERFORM _dunning.one_at_a_time();
	SELECT * INTO former FROM dunning.ledger AS l WHERE l.ledger = name;
	-- with its reminders it stays the ERP's, which only dunning.adopt_erp adopts
	IF former.state = 'adopted' AND NOT coalesce(adopt.replace, false) THEN
		RAISE EXCEPTION 'ledger "%" exists already', name
			USING ERRCODE = 'duplicate_object', HINT = CASE WHEN former.erp IS NOT NULL THEN _dunning.erp_hint(former)
				ELSE 'Give another name, or replace => true to adopt it anew and keep its history.' END;
	ELSIF former.erp IS NOT NULL THEN
		RAISE EXCEPTION 'ledger "%" is of the ERP "%"', name, former.erp
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Its reminders and claims belong to the items of that ERP.', HINT = _dunning.erp_hint(former);
	END IF;
	PERFORM _dunning.check_once(adopt.relation, name);
	columns := _dunning.name_attributes(columns);
	new := _dunning.settings_of(former, adopt.procedure, adopt.rule, adopt.consumer_rule, adopt.scheme, adopt.time_zone);
	new.ledger := name;
	new.relation := adopt.relation;
	-- of what is kept from before
	IF former.relation = adopt.relation AND former.state = 'adopted' THEN
		changed := ARRAY(SELECT c.change FROM _dunning.changed_columns(former) AS c
			WHERE NOT coalesce(CASE c.scope WHEN 'items' THEN adopt.columns ELSE nullif(adopt.columns -> c.scope, 'null') END ? c.field, false));
	END IF;
	RETURN QUERY SELECT 'ledger', quote_ident(name), CASE WHEN adopt.ledger IS NULL THEN 'the name of the relation' ELSE 'as you said' END;
	RETURN QUERY SELECT a.field, a.source,
			-- what is kept from before was said then
			CASE WHEN coalesce(adopt.columns ? a.field OR adopt.columns #> string_to_array(a.field, '.') IS NOT NULL, false) THEN a.why
				ELSE replace(a.why, 'as you said', 'as before') END
		FROM _dunning.adopt_as(new,
		CASE WHEN to_regclass(former.relation_name) = adopt.relation
			THEN _dunning.merge_mapping(former.columns, adopt.columns, adopt.relation, former.payments)
			ELSE coalesce(adopt.columns, '{}') END, former, adopt.watch) AS a;
	RETURN QUERY SELECT 'changed', NULL::text, c || ': it is read from now on' FROM unnest(changed) AS c;
END
$$;
COMMENT ON FUNCTION dunning.adopt(regclass, name, jsonb, text, text, text, boolean, boolean, text, text) IS
	'Adopts a table, view, partitioned or foreign table as a ledger. It finds the columns that columns does not name, checks everything, and returns what it decided and why. With replace it adopts a ledger again and keeps every setting that is not given';

CREATE FUNCTION _dunning.adopt_watch(ledger name, wanted boolean) RETURNS TABLE (field text, source text, why text)
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	UPDATE dunning.ledger AS l SET watched = wanted WHERE l.ledger = adopt_watch.ledger AND l.watched <> wanted;
	IF NOT wanted THEN
		PERFORM dunning.unwatch_ledger(ledger);
		RETURN;
	END IF;
	RETURN QUERY SELECT 'watch', w.relation::text, 'settled items have their pending reminders cancelled at once'
		FROM dunning.watch_ledger(ledger) AS w (relation);
	IF NOT FOUND THEN
		RETURN QUERY SELECT 'watch', NULL::text,
			'nothing is watched, since a view has no such triggers: dunning.watch_table attaches them to a table behind it; otherwise the next run cancels what was settled';
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.adopt_watch(name, boolean) IS 'Attaches _dunning.watch to the tables of a ledger that is adopted, or drops it, and says to which';

-- What a user built on the views, or put beside them, is not ours to drop.
CREATE FUNCTION _dunning.drop_erp_views(l dunning.ledger) RETURNS void
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	home CONSTANT name := _dunning.erp_view_schema(l.ledger);
	view name;
BEGIN
	IF l.erp IS NOT NULL AND to_regnamespace(quote_ident(home)) IS NOT NULL THEN
		FOREACH view IN ARRAY l.erp_views LOOP
			EXECUTE format('DROP VIEW IF EXISTS %I.%I', home, view);
		END LOOP;
		EXECUTE format('DROP SCHEMA %I', home);
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.drop_erp_views(dunning.ledger) IS 'Drops what dunning.adopt_erp made for a ledger; error 2BP01 if something of a user''s depends on it';

CREATE FUNCTION _dunning.uninstall_ledger(new dunning.ledger, former dunning.ledger, watch boolean) RETURNS jsonb
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
#variable_conflict use_column
DECLARE
	n integer;
BEGIN
	DELETE FROM dunning.ledger AS s WHERE s.ledger = former.ledger;
	PERFORM _dunning.drop_ledger_objects(former);
	PERFORM _dunning.drop_erp_views(former);
	n := dunning.unwatch_ledger(former.ledger);
	RETURN to_jsonb(n > 0 OR former.watched);
END
$$;
COMMENT ON FUNCTION _dunning.uninstall_ledger(dunning.ledger, dunning.ledger, boolean) IS 'Drops a ledger, what reads it and what watches it; returns whether it was watched';

CREATE FUNCTION dunning.release_ledger(ledger name, keep boolean DEFAULT false) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	l dunning.ledger;
	waiting bigint[];
	n integer;
BEGIN
	keep := coalesce(keep, false);
	PERFORM _dunning.need_owner('release');
	PERFORM _dunning.one_at_a_time();
	SELECT * INTO l FROM dunning.ledger AS s WHERE s.ledger = release_ledger.ledger;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'ledger "%" does not exist', ledger
			USING ERRCODE = 'undefined_object',
				HINT = (SELECT coalesce('The ledgers are: ' || string_agg(s.ledger::text, ', ' ORDER BY s.ledger) || '.', 'None is adopted.')
					FROM dunning.ledger AS s);
	END IF;
	IF l.state = 'adopted' THEN
		l.watched := _dunning.patiently('_dunning.uninstall_ledger', NULL, l, NULL)::boolean;
		IF keep THEN
			INSERT INTO dunning.ledger (ledger, state, relation_name, columns, procedure, rule, consumer_rule, scheme, calendar, time_zone,
				watched, erp, erp_version, erp_schema, adopted_at, adopted_by, released_at, released_by)
			VALUES (l.ledger, 'released', l.relation_name, l.columns, l.procedure, l.rule, l.consumer_rule, l.scheme, l.calendar, l.time_zone,
				l.watched, l.erp, l.erp_version, l.erp_schema, l.adopted_at, l.adopted_by, now(), session_user);
		END IF;
	ELSIF NOT keep THEN
		DELETE FROM dunning.ledger AS s WHERE s.ledger = l.ledger;
	END IF;
	IF NOT keep THEN
		DELETE FROM dunning.ledger_rule AS x WHERE x.ledger = l.ledger;
		DELETE FROM dunning.ledger_setting AS x WHERE x.ledger = l.ledger;
		DELETE FROM dunning.tolerance AS x WHERE x.ledger = l.ledger;
		DELETE FROM dunning.attachment_source AS x WHERE x.ledger = l.ledger;
	END IF;
	IF keep THEN
		SELECT count(*) INTO n FROM dunning.reminder AS r WHERE r.ledger = release_ledger.ledger AND r.state = 'pending';
	ELSE
		-- what a sender has in hand he reports; if he does not, take_notices withdraws it.  Who reports locks in this order, too
		waiting := ARRAY(SELECT o.notice FROM dunning.notice AS o
			WHERE o.ledger = release_ledger.ledger AND (o.state IN ('waiting', 'set_aside') OR o.state = 'taken' AND o.ready_at <= now())
			ORDER BY o.notice FOR NO KEY UPDATE);
		PERFORM FROM dunning.reminder AS r WHERE r.ledger = release_ledger.ledger AND r.state = 'pending' ORDER BY r.reminder FOR NO KEY UPDATE;
		UPDATE dunning.reminder AS r
		SET state = 'cancelled', cancelled_on = greatest(r.raised_on, _dunning.real_day()), cancelled_at = now(), reason = 'ledger released'
		WHERE r.ledger = release_ledger.ledger AND r.state = 'pending' AND NOT _dunning.in_hand(r.reminder);
		GET DIAGNOSTICS n = ROW_COUNT;
		PERFORM _dunning.withdraw_released(ARRAY(SELECT o.notice FROM dunning.notice AS o WHERE o.notice = ANY (waiting)
			AND (o.state IN ('waiting', 'set_aside') OR o.state = 'taken' AND o.ready_at <= now())));
	END IF;
	RETURN n;
END
$$;
COMMENT ON FUNCTION dunning.release_ledger(name, boolean) IS
	'Undoes an adoption and returns the number of pending reminders: it cancels them and withdraws notices, but for what a sender has in hand, or with keep they wait until the ledger is adopted again. The history stays. It drops the watch triggers, the views and what dunning.adopt_erp made';
