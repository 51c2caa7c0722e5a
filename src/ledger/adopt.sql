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
	WHERE k <> 'table' AND NOT (scope = 'payments' AND k = 'indexed' AND jsonb_typeof(value -> k) = 'boolean')
		AND k NOT IN (SELECT f.field FROM dunning.ledger_field AS f WHERE f.scope = side_table.scope);
	IF FOUND THEN
		RAISE EXCEPTION 'unknown field "%" in the mapping of "%"', unknown, scope
			USING ERRCODE = 'invalid_parameter_value',
				HINT = (SELECT 'The fields are: table, ' || string_agg(f.field, ', ' ORDER BY f.field) || '.'
					FROM dunning.ledger_field AS f WHERE f.scope = side_table.scope);
	END IF;
	relation := _dunning.find_table(value ->> 'table', items);
	given := value - 'table';
END
$$;
COMMENT ON FUNCTION _dunning.side_table(jsonb, text, regclass) IS 'The payments or customers table of a mapping, and what it says of its columns';

CREATE FUNCTION _dunning.need_field(mapped jsonb, relation regclass, scope text, field text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	IF NOT mapped ? field THEN
		RAISE EXCEPTION 'no column of % is known as the field "%"', relation, field
			USING ERRCODE = 'undefined_column',
				DETAIL = (SELECT format('Needed: %s. The columns are: %s.', f.description,
						(SELECT string_agg(rc.column_name, ', ') FROM _dunning.relation_columns(relation) AS rc))
					FROM dunning.ledger_field AS f WHERE f.scope = need_field.scope AND f.field = need_field.field),
				HINT = format('Name it in the mapping: columns => ''%s''.',
					CASE scope WHEN 'items' THEN jsonb_build_object(field, '...')
						ELSE jsonb_build_object(scope, jsonb_build_object('table', relation, field, '...')) END);
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_field(jsonb, regclass, text, text) IS 'Raises an error if a mapping lacks a field that is needed';

-- A key is kept as text, so it needs a type whose text is always the same.
CREATE FUNCTION _dunning.check_key_type(relation regclass, column_name text) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	key_type oid;
BEGIN
	SELECT rc.type INTO key_type FROM _dunning.relation_columns(relation) AS rc
	WHERE rc.column_name = check_key_type.column_name AND rc.type IN ('date'::regtype, 'timestamp'::regtype,
		'timestamptz'::regtype, 'time'::regtype, 'timetz'::regtype, 'interval'::regtype, 'bytea'::regtype,
		'float4'::regtype, 'float8'::regtype, 'money'::regtype);
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
		_dunning.side_sql(relation, 't', column_name, _dunning.is_built_in(relation, column_name)))) AS r;
	IF twice IS NOT NULL THEN
		RAISE EXCEPTION 'column "%" of % does not identify an item', column_name, relation
			USING ERRCODE = 'unique_violation',
				DETAIL = CASE twice WHEN 'NULL' THEN 'It holds NULL.' ELSE format('It holds the value %s more than once.', twice) END,
				HINT = 'Name a column that is unique and never NULL as the field "key".';
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.check_key(regclass, text, oid) IS 'Raises an error if a column does not identify the rows, read as a role';

-- The mapping of a ledger as a caller would give it again.
CREATE FUNCTION _dunning.given_mapping(l dunning.ledger) RETURNS jsonb
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (l.columns - 'currency_code' - 'company_currency_code' - 'payments' - 'customers')
		|| (SELECT coalesce(jsonb_object_agg(f, l.columns -> (f || '_code')), '{}') FROM unnest(ARRAY['currency', 'company_currency']) AS f WHERE l.columns ? (f || '_code'))
		|| CASE WHEN l.payments IS NULL THEN '{}' ELSE jsonb_build_object('payments', (l.columns -> 'payments')
			- CASE WHEN (SELECT c.relkind = 'v' FROM pg_class AS c WHERE c.oid = l.payments) THEN '' ELSE 'indexed' END || jsonb_build_object('table', l.payments::text)) END
		|| CASE WHEN l.customers IS NULL THEN '{}' ELSE jsonb_build_object('customers', (l.columns -> 'customers') || jsonb_build_object('table', l.customers::text)) END;
COMMENT ON FUNCTION _dunning.given_mapping(dunning.ledger) IS 'The mapping of a ledger as the argument of dunning.adopt';

CREATE FUNCTION _dunning.need_owner(what text) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	owner CONSTANT oid := (SELECT c.relowner FROM pg_class AS c WHERE c.oid = 'dunning.open_item'::regclass);
BEGIN
	IF NOT pg_has_role(owner, 'USAGE') THEN
		RAISE EXCEPTION 'only the owner of dunning.open_item can % a ledger', what
			USING ERRCODE = 'insufficient_privilege',
				HINT = format('Ask a superuser or a member of the role %s.', pg_get_userbyid(owner));
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_owner(text) IS 'Raises an error for who may not adopt or release a ledger';

-- Takes a ledger out of what is read, and remembers it as it was.
CREATE FUNCTION _dunning.keep_ledger(ledger name) RETURNS void
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	had_triggers CONSTANT boolean := dunning.unwatch_ledger(ledger) > 0;
BEGIN
	INSERT INTO dunning.kept_ledger (ledger, relation, mapping, procedure, rule, consumer_rule, scheme, watched, erp, schema)
	SELECT l.ledger, (SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.oid = l.relation),
		CASE WHEN NOT EXISTS (SELECT FROM unnest(ARRAY[l.relation, l.payments, l.customers]) AS r WHERE r IS NOT NULL AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = r))
			THEN _dunning.given_mapping(l) END,
		l.procedure, l.rule, l.consumer_rule, l.scheme, had_triggers OR coalesce(e.watched, false), e.erp, e.schema
	FROM dunning.ledger AS l LEFT JOIN _dunning.erp_ledger AS e ON e.ledger = l.ledger
	WHERE l.ledger = keep_ledger.ledger;
	DELETE FROM dunning.ledger AS l WHERE l.ledger = keep_ledger.ledger;
END
$$;
COMMENT ON FUNCTION _dunning.keep_ledger(name) IS 'Moves a ledger from dunning.ledger to dunning.kept_ledger, and drops its watch triggers';

-- What dunning.adopt does; its caller may count the items himself.
CREATE FUNCTION _dunning.adopt_as(relation regclass, ledger name, columns jsonb, procedure text, rule text, scheme text,
		watch boolean, replace boolean, consumer_rule text, counted boolean)
	RETURNS TABLE (field text, source text, why text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	given jsonb;
	old dunning.kept_ledger;
	mapped jsonb;
	reasons jsonb;
	pay record;
	cust record;
	part jsonb;
	class record;
	new dunning.ledger;
	problem text;
	name text;
	one_rule text;
	n bigint;
	by_foreign_key boolean := false;
	relations oid[];
	reader oid;
BEGIN
	IF adopt_as.relation IS NULL THEN
		RAISE EXCEPTION 'the relation to adopt must not be NULL' USING ERRCODE = 'null_value_not_allowed';
	END IF;
	SELECT c.relname, c.relkind, c.relnamespace, c.relpersistence INTO class FROM pg_class AS c WHERE c.oid = adopt_as.relation;
	IF class.relkind NOT IN ('r', 'p', 'v', 'm', 'f') THEN
		RAISE EXCEPTION '% is not a table, view, materialized view, partitioned table or foreign table', adopt_as.relation
			USING ERRCODE = 'wrong_object_type';
	END IF;
	IF class.relpersistence = 't' THEN
		RAISE EXCEPTION '% is temporary', adopt_as.relation
			USING ERRCODE = 'wrong_object_type', HINT = 'Only what outlives the session can be followed.';
	END IF;
	IF class.relnamespace IN ('dunning'::regnamespace, '_dunning'::regnamespace) THEN
		RAISE EXCEPTION '% belongs to pg_dunning and cannot be adopted', adopt_as.relation
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM _dunning.need_owner('adopt');

	new.ledger := coalesce(adopt_as.ledger, class.relname);
	new.relation := adopt_as.relation;
	IF NOT coalesce(adopt_as.replace, false) THEN
		IF EXISTS (SELECT FROM dunning.ledger AS l WHERE l.ledger = new.ledger) THEN
			RAISE EXCEPTION 'ledger "%" exists already', new.ledger
				USING ERRCODE = 'duplicate_object',
					HINT = CASE WHEN counted AND _dunning.ledger_erp(new.ledger) IS NOT NULL THEN _dunning.erp_ledger_hint(new.ledger)
						ELSE 'Give another name, or replace => true to adopt it anew and keep its history.' END;
		END IF;
	END IF;
	-- with its reminders it stays the ERP's, which only dunning.adopt_erp adopts
	IF counted AND _dunning.ledger_erp(new.ledger) IS NOT NULL THEN
		RAISE EXCEPTION 'ledger "%" is of the ERP "%"', new.ledger, _dunning.ledger_erp(new.ledger)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Its reminders and claims belong to the items of that ERP.',
				HINT = _dunning.erp_ledger_hint(new.ledger);
	END IF;
	SELECT l.ledger INTO name FROM dunning.ledger AS l WHERE l.relation = new.relation AND l.ledger <> new.ledger;
	IF FOUND THEN
		RAISE EXCEPTION '% is adopted already, as the ledger "%"', new.relation, name
			USING ERRCODE = 'duplicate_object',
				DETAIL = 'Every item would be counted and reminded twice.',
				HINT = format('Release it first: SELECT dunning.release_ledger(%L).', name);
	END IF;

	IF EXISTS (SELECT FROM dunning.ledger AS l WHERE l.ledger <> new.ledger
		AND (l.relation IN (SELECT pg_partition_ancestors(new.relation)) OR new.relation IN (SELECT pg_partition_ancestors(l.relation))))
	THEN
		RAISE EXCEPTION 'the partitioned table of % is adopted already, or a partition of it is', new.relation
			USING ERRCODE = 'duplicate_object', DETAIL = 'Every item would be counted and reminded twice.';
	END IF;

	SELECT k.ledger INTO name FROM dunning.kept_ledger AS k WHERE to_regclass(k.relation) = new.relation AND k.ledger <> new.ledger;
	IF FOUND THEN
		RAISE EXCEPTION '% was adopted as the ledger "%", which is released to be adopted again', new.relation, name
			USING ERRCODE = 'duplicate_object',
				DETAIL = 'Its reminders wait: every item would be reminded twice.',
				HINT = format('Adopt it again (ledger => %1$L), or release it for good: SELECT dunning.release_ledger(%1$L).', name);
	END IF;

	-- what is not said is as it was, or the default
	IF EXISTS (SELECT FROM dunning.ledger AS l WHERE l.ledger = new.ledger) THEN
		PERFORM _dunning.keep_ledger(new.ledger);
	END IF;
	SELECT * INTO old FROM dunning.kept_ledger AS k WHERE k.ledger = new.ledger;
	given := coalesce(adopt_as.columns, CASE WHEN to_regclass(old.relation) = new.relation THEN old.mapping END, '{}');
	new.procedure := CASE WHEN adopt_as.procedure = '' THEN coalesce(old.procedure, 'standard') ELSE adopt_as.procedure END;
	new.rule := CASE WHEN adopt_as.rule = '' THEN CASE WHEN old.ledger IS NULL THEN 'france' ELSE old.rule END ELSE adopt_as.rule END;
	new.consumer_rule := CASE WHEN adopt_as.consumer_rule = '' THEN old.consumer_rule ELSE adopt_as.consumer_rule END;
	new.scheme := CASE WHEN adopt_as.scheme = '' THEN coalesce(old.scheme, 'standard') ELSE adopt_as.scheme END;

	-- the values by name
	IF NOT EXISTS (SELECT FROM dunning.procedure AS p WHERE p.name = new.procedure) THEN
		RAISE EXCEPTION 'dunning procedure "%" does not exist', new.procedure
			USING ERRCODE = 'undefined_object', HINT = 'Insert it into dunning.procedure first.';
	END IF;
	FOREACH one_rule IN ARRAY ARRAY[new.rule, new.consumer_rule] LOOP
		IF one_rule IS NOT NULL AND NOT EXISTS (SELECT FROM dunning.rule AS r WHERE r.name = one_rule) THEN
			RAISE EXCEPTION 'penalty rule "%" does not exist', one_rule
				USING ERRCODE = 'undefined_object', HINT = 'Insert it into dunning.rule first, or give NULL for none.';
		END IF;
	END LOOP;
	IF NOT EXISTS (SELECT FROM dunning.scheme AS s WHERE s.name = new.scheme) THEN
		RAISE EXCEPTION 'aging scheme "%" does not exist', new.scheme
			USING ERRCODE = 'undefined_object', HINT = 'Insert it into dunning.scheme first.';
	END IF;

	-- the mapping
	IF jsonb_typeof(given) <> 'object' THEN
		RAISE EXCEPTION 'the mapping must be a JSON object of field and column' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	SELECT k INTO name FROM jsonb_object_keys(given) AS k
	WHERE k NOT IN ('payments', 'customers') AND k NOT IN (SELECT f.field FROM dunning.ledger_field AS f WHERE f.scope = 'items');
	IF FOUND THEN
		RAISE EXCEPTION 'unknown field "%" in the mapping', name
			USING ERRCODE = 'invalid_parameter_value',
				HINT = (SELECT 'The fields are: payments, customers, ' || string_agg(f.field, ', ' ORDER BY f.field) || '.'
					FROM dunning.ledger_field AS f WHERE f.scope = 'items');
	END IF;
	SELECT k.key INTO name FROM jsonb_each(given) AS k
	WHERE k.key NOT IN ('payments', 'customers') AND jsonb_typeof(k.value) NOT IN ('string', 'null');
	IF FOUND THEN
		RAISE EXCEPTION 'the field "%" must be mapped to one column name', name
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Only names are mapped, never expressions: make a view for more, and adopt the view.';
	END IF;
	pay := _dunning.side_table(given, 'payments', new.relation);
	cust := _dunning.side_table(given, 'customers', new.relation);
	IF (pay.relation IS NOT NULL)::int + (given ->> 'open_amount' IS NOT NULL)::int + (given ->> 'paid_amount' IS NOT NULL)::int > 1 THEN
		RAISE EXCEPTION 'the mapping says more than one way to know the open amount'
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Name one of open_amount, paid_amount and payments.';
	END IF;
	IF pay.relation IS NOT NULL AND given ->> 'company_open_amount' IS NOT NULL THEN
		RAISE EXCEPTION 'the field "company_open_amount" is not for a ledger with payments'
			USING ERRCODE = 'invalid_parameter_value',
				DETAIL = 'It would not follow the payments to a past day.',
				HINT = 'Name the company_amount of the items and that of the payments.';
	END IF;

	-- one currency for all is a code that is no column
	FOREACH name IN ARRAY ARRAY['currency', 'company_currency'] LOOP
		IF given ->> name ~ '^[A-Z]{3}$' AND NOT EXISTS (
			SELECT FROM _dunning.relation_columns(new.relation) AS rc WHERE rc.column_name = given ->> name)
		THEN
			mapped := coalesce(mapped, '{}') || jsonb_build_object(name || '_code', given ->> name);
			given := jsonb_set(given, ARRAY[name], 'null');
		END IF;
	END LOOP;

	SELECT coalesce(mapped, '{}') || coalesce(jsonb_object_agg(m.field, m.column_name), '{}'),
		coalesce(jsonb_object_agg(m.field, m.why), '{}')
		INTO mapped, reasons
	FROM _dunning.map_columns(new.relation, 'items', given - 'payments' - 'customers') AS m;
	PERFORM _dunning.need_field(mapped, new.relation, 'items', needed)
	FROM unnest(ARRAY['key', 'customer'] || CASE WHEN mapped ? 'terms' AND given ->> 'due_on' IS NULL AND NOT mapped ? 'due_on'
		THEN ARRAY['issued_on', 'amount'] ELSE ARRAY['due_on'] END) AS needed;
	PERFORM _dunning.check_key_type(new.relation, mapped ->> key) FROM unnest(ARRAY['key', 'customer']) AS key;

	-- the open amount: one of three ways
	IF pay.relation IS NOT NULL OR given ->> 'paid_amount' IS NOT NULL THEN
		mapped := mapped - 'open_amount';
		PERFORM _dunning.need_field(mapped, new.relation, 'items', 'amount');
	END IF;
	IF pay.relation IS NOT NULL THEN
		new.payments := pay.relation;
		mapped := mapped - 'paid_amount' - 'company_open_amount';
		SELECT coalesce(jsonb_object_agg(m.field, m.column_name), '{}'), reasons || coalesce(jsonb_object_agg('payments.' || m.field, m.why), '{}')
			INTO part, reasons
		FROM _dunning.map_columns(pay.relation, 'payments', pay.given) AS m;
		PERFORM _dunning.need_field(part, pay.relation, 'payments', needed) FROM unnest(ARRAY['item', 'amount']) AS needed;
		-- remembered, since a restore copies the ledgers before it makes the indexes
		-- of a view only the caller knows: "indexed" may say that it finds an item's payments by an index
		mapped := mapped || jsonb_build_object('payments', part
			|| jsonb_build_object('indexed', coalesce((pay.given ->> 'indexed')::boolean, _dunning.has_index(pay.relation, part ->> 'item'))));
	ELSIF mapped ? 'open_amount' THEN
		mapped := mapped - 'paid_amount';
	ELSIF NOT (mapped ? 'paid_amount' AND mapped ? 'amount') THEN
		RAISE EXCEPTION 'no column of % says what is still owed', new.relation
			USING ERRCODE = 'undefined_column',
				DETAIL = (SELECT 'Its columns are: ' || string_agg(rc.column_name, ', ') || '.'
					FROM _dunning.relation_columns(new.relation) AS rc),
				HINT = 'Name a column as "open_amount", or "amount" and "paid_amount", or "amount" and the table of the "payments".';
	END IF;

	-- names and addresses: the caller's table, or the one that a foreign key names
	IF cust.relation IS NULL AND NOT given ? 'customers' AND NOT mapped ? 'customer_name' THEN
		SELECT k.confrelid::regclass AS relation, jsonb_build_object('key', b.attname) AS given INTO cust
		FROM pg_constraint AS k
		JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
		JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
		WHERE k.contype = 'f' AND k.conrelid = new.relation AND cardinality(k.conkey) = 1
			AND a.attname = mapped ->> 'customer'
			AND EXISTS (SELECT FROM _dunning.map_columns(k.confrelid, 'customers', '{}') AS m WHERE m.field = 'name')
		LIMIT 1;
		by_foreign_key := FOUND;
	END IF;
	IF cust.relation IS NOT NULL THEN
		new.customers := cust.relation;
		SELECT coalesce(jsonb_object_agg(m.field, m.column_name), '{}'), reasons || coalesce(jsonb_object_agg('customers.' || m.field, m.why), '{}')
			INTO part, reasons
		FROM _dunning.map_columns(cust.relation, 'customers', cust.given) AS m;
		IF by_foreign_key THEN
			reasons := reasons || '{"customers.key": "by the foreign key of the customer"}';
		END IF;
		PERFORM _dunning.need_field(part, cust.relation, 'customers', 'key');
		mapped := mapped || jsonb_build_object('customers', part);
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
	IF new.customers IS NOT NULL THEN
		PERFORM _dunning.check_key(new.customers, mapped #>> '{customers,key}', reader);
	END IF;
	PERFORM _dunning.check_key(new.relation, mapped ->> 'key', reader);

	new.columns := mapped;

	-- try the query before anything is registered
	BEGIN
		SELECT r INTO n FROM _dunning.read_texts(reader, format('SELECT count(*)::text FROM (%s) AS q WHERE q.open_amount IS DISTINCT FROM 0 %s',
			_dunning.ledger_query(new, 'dunning.today()'), CASE WHEN counted THEN '' ELSE 'AND false' END)) AS r;
	EXCEPTION WHEN query_canceled OR insufficient_privilege THEN
		RAISE;
	WHEN OTHERS THEN
		RAISE EXCEPTION 'the mapping of % does not make a query', new.relation
			USING ERRCODE = SQLSTATE, DETAIL = SQLERRM,
				HINT = 'Make a view with columns of the right types, and adopt the view.';
	END;

	DELETE FROM dunning.kept_ledger AS k WHERE k.ledger = new.ledger;
	INSERT INTO dunning.ledger (ledger, relation, payments, customers, columns, procedure, rule, scheme, consumer_rule)
	VALUES (new.ledger, new.relation, new.payments, new.customers, new.columns, new.procedure, new.rule, new.scheme, new.consumer_rule);

	-- what was decided, and why
	RETURN QUERY SELECT 'ledger', quote_ident(new.ledger), CASE WHEN adopt_as.ledger IS NULL THEN 'the name of the relation' ELSE 'as you said' END;
	RETURN QUERY
		SELECT f.field, coalesce(mapped ->> f.field, mapped ->> (f.field || '_code')),
			CASE WHEN mapped ? f.field THEN reasons ->> f.field
				WHEN mapped ? (f.field || '_code') THEN 'one currency for all, as you said'
				WHEN f.field = 'due_on' THEN 'from the payment terms, one open item a part'
				WHEN f.field = 'open_amount' AND mapped ? 'payments' THEN 'amount less the payments'
				WHEN f.field = 'open_amount' THEN 'amount less paid_amount'
				WHEN f.field = 'company_open_amount' AND mapped ? 'company_amount' AND mapped -> 'payments' ? 'company_amount' THEN 'company_amount less that of the payments'
				WHEN f.field = 'company_open_amount' AND mapped ? 'payments' THEN 'unknown: the items and the payments need a company_amount'
				WHEN f.field = 'paid_amount' AND (mapped ? 'payments' OR mapped ? 'open_amount') THEN 'not needed'
				WHEN mapped -> 'customers' ? CASE f.field WHEN 'customer_name' THEN 'name' ELSE f.field END THEN 'from the table of the customers'
				WHEN given ? f.field THEN 'none, as you said'
				ELSE 'no column of a known name' END
		FROM dunning.ledger_field AS f WHERE f.scope = 'items'
		ORDER BY array_position(ARRAY['key', 'customer', 'due_on', 'open_amount', 'amount', 'paid_amount'], f.field), f.field;
	RETURN QUERY
		SELECT s.scope || '.' || m.field, format('%s.%I', s.relation, mapped #>> ARRAY[s.scope, m.field]), reasons ->> (s.scope || '.' || m.field)
		FROM (VALUES ('payments', new.payments), ('customers', new.customers)) AS s (scope, relation)
		CROSS JOIN LATERAL jsonb_object_keys(mapped -> s.scope) AS m (field)
		WHERE s.relation IS NOT NULL AND m.field <> 'indexed' ORDER BY 1;
	RETURN QUERY SELECT v.field, v.value, v.why FROM (VALUES
		('default procedure', new.procedure, (SELECT p.procedure::text FROM dunning.procedure AS p WHERE p.name = new.procedure)),
		('rule', new.rule, (SELECT r.description FROM dunning.rule AS r WHERE r.name = new.rule)),
		('consumer rule', new.consumer_rule, (SELECT r.description FROM dunning.rule AS r WHERE r.name = new.consumer_rule)),
		('scheme', new.scheme, (SELECT s.scheme::text FROM dunning.scheme AS s WHERE s.name = new.scheme)),
		('open items', n::text, 'items that are not settled on ' || to_char(dunning.today(), 'YYYY-MM-DD'))) AS v (field, value, why)
		WHERE (v.field <> 'consumer rule' OR v.value IS NOT NULL) AND (v.field <> 'open items' OR counted);

	IF reader <> _dunning.me() THEN
		RETURN QUERY SELECT 'read as', quote_ident(pg_get_userbyid(reader)),
			format('a run or a claim of %I reads the ledger as this role, which needs SELECT on what the ledger reads', current_user);
	END IF;
	IF problem IS NOT NULL THEN
		RETURN QUERY SELECT 'hidden', new.relation::text, problem || '; as long as rows are hidden, nothing of the ledger is raised, cancelled or claimed';
	END IF;

	-- what a past day is answered from
	RETURN QUERY SELECT 'history', CASE WHEN mapped -> 'payments' ? 'date' THEN format('%s.%I', new.payments, mapped #>> '{payments,date}') END,
		CASE WHEN mapped -> 'payments' ? 'date' AND mapped ? 'issued_on' THEN 'past days are answered exactly, from the dates of the payments'
			WHEN mapped -> 'payments' ? 'date' THEN 'past days are answered from the dates of the payments, but without an issue date later items are among them'
			WHEN mapped ? 'payments' THEN 'past days show today''s open amounts: the payments have no date'
			WHEN mapped ? 'open_amount' THEN 'past days show today''s open amounts: a column holds no past, a table of payments would'
			ELSE 'past days show today''s open amounts: paid_amount holds no past, a table of payments would' END;

	IF coalesce(adopt_as.watch, old.watched) THEN
		RETURN QUERY SELECT 'watch', w.relation::text, 'settled items have their pending reminders cancelled at once'
			FROM dunning.watch_ledger(new.ledger) AS w (relation);
	END IF;

	RETURN QUERY
		SELECT 'reminders', count(*)::text, 'reminders of this ledger''s name count for items of the same key'
		FROM dunning.reminder AS r WHERE r.ledger = new.ledger HAVING count(*) > 0;

	-- a law between businesses is not that of consumers
	RETURN QUERY
		SELECT 'consumer rule', NULL, format('consumers are charged the rate of the rule "%s"%s: %s', r.name,
			(SELECT CASE min(j.debtor) WHEN 'public' THEN ', which is for public buyers' WHEN 'business' THEN ', which is for businesses' END
				FROM dunning.jurisdiction AS j WHERE j.code = r.jurisdiction),
			coalesce((SELECT format('adopt it again with consumer_rule => %L', k.name) FROM dunning.rule AS k
				JOIN dunning.jurisdiction AS j ON j.code = k.jurisdiction AND j.debtor = 'consumer'
				WHERE k.name = split_part(r.jurisdiction, '-', 1) || '-consumer' LIMIT 1), 'if they owe another one, name it as consumer_rule'))
		FROM dunning.rule AS r
		WHERE r.name = new.rule AND new.consumer_rule IS NULL AND (mapped ? 'professional' OR mapped -> 'customers' ? 'professional')
			AND NOT EXISTS (SELECT FROM dunning.jurisdiction AS j WHERE j.code = r.jurisdiction AND j.debtor = 'consumer');

	-- what would make look-ups fast
	RETURN QUERY
		SELECT 'advice', format('CREATE INDEX ON %s (%I)', a.relation, a.column_name), a.why
		FROM (VALUES
			(new.payments, mapped #>> '{payments,item}', 'otherwise all payments are added up for one customer; then adopt again with replace => true'),
			(CASE WHEN class.relkind IN ('r', 'p', 'm') THEN new.relation END, mapped ->> 'customer', 'otherwise the items of one customer need a scan')) AS a (relation, column_name, why)
		WHERE a.relation IS NOT NULL AND a.column_name IS NOT NULL AND NOT _dunning.has_index(a.relation, a.column_name)
			AND (SELECT c.relkind IN ('r', 'p', 'm') FROM pg_class AS c WHERE c.oid = a.relation);
END
$$;
COMMENT ON FUNCTION _dunning.adopt_as(regclass, name, jsonb, text, text, text, boolean, boolean, text, boolean) IS
	'What dunning.adopt does; with counted false, for dunning.adopt_erp, the ledger may be an ERP''s, the open items are not counted, and one that raises an error is not found';

CREATE FUNCTION dunning.adopt(relation regclass, ledger name DEFAULT NULL, columns jsonb DEFAULT NULL,
		procedure text DEFAULT '', rule text DEFAULT '', scheme text DEFAULT '',
		watch boolean DEFAULT NULL, replace boolean DEFAULT false, consumer_rule text DEFAULT '')
	RETURNS TABLE (field text, source text, why text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT a.field, a.source, a.why
		FROM _dunning.adopt_as(adopt.relation, adopt.ledger, adopt.columns, adopt.procedure, adopt.rule, adopt.scheme,
			adopt.watch, adopt.replace, adopt.consumer_rule, true) AS a;
END
$$;
COMMENT ON FUNCTION dunning.adopt(regclass, name, jsonb, text, text, text, boolean, boolean, text) IS
	'Adopts a table, view, partitioned or foreign table as a ledger: proposes the mapping of its columns, takes the caller''s over it, checks everything, and returns what it decided and why. With replace, what is not said is as it was; a procedure, rule or scheme of '''' is the one before or the default, a rule of NULL none; a consumer_rule is for items whose debtor is no professional, NULL: the rule without what is for professionals only';

-- The triggers of _dunning.watch on the tables of a ledger

CREATE FUNCTION dunning.watch_table(ledger name, relation regclass, column_name name, what text DEFAULT 'other') RETURNS void
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	mark CONSTANT bytea := convert_to(watch_table.ledger::text, getdatabaseencoding()) || '\x00'::bytea;
	generated "char";
	name name := 'dunning_watch_' || ledger;
	n integer := 1;
BEGIN
	PERFORM _dunning.need_owner('watch');
	IF NOT EXISTS (SELECT FROM dunning.ledger AS l WHERE l.ledger = watch_table.ledger) THEN
		RAISE EXCEPTION 'ledger "%" does not exist', ledger
			USING ERRCODE = 'undefined_object', HINT = 'SELECT ledger FROM dunning.ledger lists them.';
	END IF;
	SELECT a.attgenerated INTO generated FROM pg_attribute AS a
	WHERE a.attrelid = relation AND a.attname = watch_table.column_name AND a.attnum > 0 AND NOT a.attisdropped;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'column "%" of % does not exist', column_name, relation USING ERRCODE = 'undefined_column',
			HINT = 'Name the column that holds the key of an item.';
	END IF;
	IF generated NOT IN ('', 's') THEN
		RAISE EXCEPTION 'column "%" of % is a virtual generated column', column_name, relation USING ERRCODE = 'feature_not_supported',
			DETAIL = 'A trigger does not know its value.', HINT = 'Name an ordinary column or a stored one.';
	END IF;
	INSERT INTO _dunning.watched (ledger, relation, column_name, what)
	VALUES (watch_table.ledger, watch_table.relation, watch_table.column_name, watch_table.what)
	ON CONFLICT ON CONSTRAINT watched_pkey DO UPDATE SET attnum = excluded.attnum, type = excluded.type, what = excluded.what;
	-- one trigger for all columns; two ledgers may have their payments in one table
	IF NOT EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = relation AND g.tgfoid = '_dunning.watch()'::regprocedure AND g.tgargs = mark) THEN
		WHILE EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = relation AND g.tgname = name) LOOP
			n := n + 1;
			name := format('dunning_watch_%s_%s', n, ledger);
		END LOOP;
		EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION _dunning.watch(%L)', name, relation, ledger);
	END IF;
END
$$;
COMMENT ON FUNCTION dunning.watch_table(name, regclass, name, text) IS
	'Attaches _dunning.watch to a table that stands under the views of a ledger, and notes which column holds the key of an item: what is item if a row is the item itself, whose deletion cancels its reminders. Error 42704 if the ledger does not exist, 42703 if the column does not';

-- A trigger that cannot read the ledger warns whoever posts a payment; the one
-- who can change it is told beforehand.
CREATE FUNCTION _dunning.warn_reader(ledger name) RETURNS void
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	reader CONSTANT oid := dunning.ledger_reader(ledger);
	r record;
BEGIN
	IF NOT EXISTS (SELECT FROM _dunning.watched AS w WHERE w.ledger = warn_reader.ledger) THEN
		RETURN;
	END IF;
	IF reader IS NULL THEN
		RAISE WARNING 'the triggers cannot read ledger "%": several roles own what it reads', ledger
			USING HINT = format('Give it to one role: SELECT * FROM _dunning.relations_behind(%L).', ledger);
		RETURN;
	END IF;
	FOR r IN
		SELECT v.relation FROM dunning.ledger AS l CROSS JOIN LATERAL (VALUES (l.relation), (l.payments), (l.customers)) AS v (relation)
		WHERE l.ledger = warn_reader.ledger AND v.relation IS NOT NULL
			AND NOT has_table_privilege(reader, v.relation, 'SELECT') AND NOT has_any_column_privilege(reader, v.relation, 'SELECT')
	LOOP
		RAISE WARNING 'the triggers of ledger "%" read it as the role "%", which may not read %', ledger, pg_get_userbyid(reader), r.relation
			USING HINT = format('GRANT SELECT ON %s TO %I.', r.relation, pg_get_userbyid(reader));
	END LOOP;
	IF _dunning.rows_hidden(ledger, reader) THEN
		RAISE WARNING 'the triggers of ledger "%" cancel nothing: row-level security hides rows from the role "%"', ledger, pg_get_userbyid(reader)
			USING HINT = 'The run cancels what was settled, if its role sees all rows.';
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.warn_reader(name) IS 'Warns of what keeps the triggers of _dunning.watch from reading a ledger';

CREATE FUNCTION dunning.watch_ledger(ledger name) RETURNS SETOF regclass
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	t record;
BEGIN
	PERFORM dunning.unwatch_ledger(watch_ledger.ledger);
	FOR t IN
		SELECT c.oid::regclass AS relation, r.column_name, r.what
		FROM dunning.ledger AS l
		CROSS JOIN LATERAL (VALUES (l.payments, l.columns #>> '{payments,item}', 'payment'), (l.relation, l.columns ->> 'key', 'item'))
			AS r (relation, column_name, what)
		JOIN pg_class AS c ON c.oid = r.relation
		WHERE l.ledger = watch_ledger.ledger AND c.relkind IN ('r', 'p', 'f')
	LOOP
		PERFORM dunning.watch_table(watch_ledger.ledger, t.relation, t.column_name, t.what);
	END LOOP;
	PERFORM _dunning.warn_reader(watch_ledger.ledger);
	RETURN QUERY SELECT DISTINCT w.relation FROM _dunning.watched AS w WHERE w.ledger = watch_ledger.ledger;
END
$$;
COMMENT ON FUNCTION dunning.watch_ledger(name) IS
	'Attaches _dunning.watch to the table and the payments table of a ledger; returns the tables';

CREATE FUNCTION dunning.unwatch_ledger(ledger name) RETURNS integer
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	t record;
	n integer := 0;
BEGIN
	FOR t IN
		SELECT g.tgname, g.tgrelid::regclass AS relation
		FROM pg_trigger AS g
		WHERE g.tgfoid = '_dunning.watch()'::regprocedure AND g.tgparentid = 0
			AND g.tgargs = convert_to(unwatch_ledger.ledger::text, getdatabaseencoding()) || '\x00'::bytea
	LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', t.tgname, t.relation);
		n := n + 1;
	END LOOP;
	DELETE FROM _dunning.watched AS w WHERE w.ledger = unwatch_ledger.ledger;
	RETURN n;
END
$$;
COMMENT ON FUNCTION dunning.unwatch_ledger(name) IS 'Drops every trigger of _dunning.watch for a ledger, and forgets its watched columns; returns the number of triggers';

CREATE FUNCTION dunning.release_ledger(ledger name, keep boolean DEFAULT false) RETURNS integer
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	n integer;
BEGIN
	PERFORM _dunning.need_owner('release');
	IF EXISTS (SELECT FROM dunning.ledger AS l WHERE l.ledger = release_ledger.ledger) THEN
		PERFORM _dunning.keep_ledger(release_ledger.ledger);
		PERFORM _dunning.erp_released(release_ledger.ledger);
	ELSIF NOT EXISTS (SELECT FROM dunning.kept_ledger AS k WHERE k.ledger = release_ledger.ledger) THEN
		RAISE EXCEPTION 'ledger "%" does not exist', ledger
			USING ERRCODE = 'undefined_object',
				HINT = (SELECT coalesce('The ledgers are: ' || string_agg(l.ledger::text, ', ' ORDER BY l.ledger) || '.', 'None is adopted.')
					FROM dunning.ledger AS l);
	END IF;
	IF keep THEN
		SELECT count(*) INTO n FROM dunning.reminder AS r WHERE r.ledger = release_ledger.ledger AND r.state = 'pending';
	ELSE
		DELETE FROM dunning.kept_ledger AS k WHERE k.ledger = release_ledger.ledger;
		UPDATE dunning.reminder AS r
		SET state = 'cancelled', cancelled_at = now(), reason = 'ledger released'
		WHERE r.ledger = release_ledger.ledger AND r.state = 'pending';
		GET DIAGNOSTICS n = ROW_COUNT;
	END IF;
	RETURN n;
END
$$;
COMMENT ON FUNCTION dunning.release_ledger(name, boolean) IS
	'Undoes an adoption: drops the watch triggers and what dunning.adopt_erp made, takes the items out of dunning.open_item, cancels the pending reminders and returns their number; the history stays. With keep the pending reminders wait for the ledger to be adopted again under its name, with its settings, as for an upgrade of the ERP; returns how many';
