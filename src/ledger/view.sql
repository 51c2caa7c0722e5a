-- Every ledger is three views: _dunning.item_N, _dunning.payment_N and
-- _dunning.customer_N, N being its number.  A fourth, _dunning.whole_payment_N, has the
-- payments for who reads all of them, where the ledger has a view for that.  Their
-- columns are always the same and
-- always there, NULL where the ledger has nothing to say.  The views are the
-- mapping: PostgreSQL parses them once, so they follow a column that is renamed, and
-- neither a search_path nor an object made later changes what they mean.

CREATE FUNCTION _dunning.view_name(scope text, id integer) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('_dunning.%s_%s', CASE scope WHEN 'items' THEN 'item' WHEN 'payments' THEN 'payment' WHEN 'whole payments' THEN 'whole_payment' ELSE 'customer' END, id);
COMMENT ON FUNCTION _dunning.view_name(text, integer) IS 'Name of the view of the items, payments, whole payments or customers of a ledger';

-- The name of the one column, or NULL.
CREATE FUNCTION _dunning.mapped(columns jsonb, scope text, field text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE scope WHEN 'items' THEN columns ->> field ELSE columns #>> ARRAY[scope, field] END;
COMMENT ON FUNCTION _dunning.mapped(jsonb, text, text) IS 'The column that a mapping has for a field; NULL if it has none';

CREATE FUNCTION _dunning.mapped_attributes(columns jsonb, scope text) RETURNS jsonb
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN coalesce(nullif(CASE scope WHEN 'items' THEN columns -> 'attributes' ELSE columns #> ARRAY[scope, 'attributes'] END, 'null'), '{}');
COMMENT ON FUNCTION _dunning.mapped_attributes(jsonb, text) IS 'The attributes of a mapping in a scope, name to column; an empty object if it has none';

-- Casts of a built-in type are the server's own; for any other type its owner
-- can define one, so that its text is that of the output function.
CREATE FUNCTION _dunning.text_sql(relation regclass, alias text, column_name text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN column_name IS NULL THEN 'NULL::text'
		WHEN _dunning.is_built_in(relation, column_name) THEN format('%s.%I::text', alias, column_name)
		ELSE format('_dunning.output_text(%s.%I)', alias, column_name) END || ' COLLATE "default"';
COMMENT ON FUNCTION _dunning.text_sql(regclass, text, text) IS 'A column as a text, or a NULL';

-- Keys keep a type whose index can be reached through dunning.item_key; any other
-- is turned into its text.
CREATE FUNCTION _dunning.key_sql(relation regclass, alias text, column_name text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN (SELECT c.type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype,
				'text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'uuid'::regtype)
			FROM _dunning.relation_columns(relation) AS c WHERE c.column_name = key_sql.column_name)
		THEN format('%s.%I', alias, column_name) ELSE _dunning.text_sql(relation, alias, column_name) END;
COMMENT ON FUNCTION _dunning.key_sql(regclass, text, text) IS 'A column that holds keys, or its text';

-- The type of a mapped column has been checked by _dunning.is_kind.
CREATE FUNCTION _dunning.field_sql(relation regclass, alias text, kind text, column_name text, time_zone text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE
		WHEN kind = 'number' THEN CASE WHEN column_name IS NULL THEN 'NULL' ELSE format('%s.%I', alias, column_name) END || '::numeric'
		WHEN kind = 'boolean' THEN CASE WHEN column_name IS NULL THEN 'NULL' ELSE format('%s.%I', alias, column_name) END || '::boolean'
		WHEN kind = 'date' AND column_name IS NULL THEN 'NULL::date'
		WHEN kind = 'terms' AND column_name IS NULL THEN 'NULL::dunning.payment_terms'
		WHEN kind IN ('date', 'terms') THEN (SELECT CASE
				WHEN c.type = 'timestamptz'::regtype THEN format('(%s.%I AT TIME ZONE %L)::date', alias, column_name, time_zone)
				WHEN kind = 'date' THEN format('%s.%I::date', alias, column_name)
				WHEN c.type = 'dunning.payment_terms'::regtype THEN format('%s.%I', alias, column_name)
				ELSE format('dunning.try_terms(%s.%I::text)', alias, column_name) END
			FROM _dunning.relation_columns(relation) AS c WHERE c.column_name = field_sql.column_name)
		ELSE _dunning.text_sql(relation, alias, column_name) END;
COMMENT ON FUNCTION _dunning.field_sql(regclass, text, text, text, text) IS
	'A column in the type of its field, or a NULL of the type; a timestamptz is the day of the time zone';

-- Further columns of the ERP by names of the user's, in one value that is computed only
-- where somebody reads it.
CREATE FUNCTION _dunning.attributes_sql(relation regclass, alias text, attributes jsonb, time_zone text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN coalesce((SELECT format('jsonb_build_object(%s)', string_agg(format('%L, %s', a.key, _dunning.field_sql(relation, alias,
				coalesce((SELECT k FROM unnest('{number,date,boolean}'::text[]) AS k WHERE _dunning.is_kind(c.type, k)), 'text'), a.value, time_zone)), ', '
					ORDER BY a.key))
			FROM jsonb_each_text(attributes) AS a JOIN _dunning.relation_columns(relation) AS c ON c.column_name = a.value), 'NULL::jsonb');
COMMENT ON FUNCTION _dunning.attributes_sql(regclass, text, jsonb, text) IS 'The attributes of a row of a relation as one value, or a NULL';

CREATE FUNCTION _dunning.item_view(l dunning.ledger) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('SELECT %s, %s, %s AS attributes FROM %s AS t%s',
		format('%s AS key, %s AS customer, %s AS payer', _dunning.key_sql(l.relation, 't', l.columns ->> 'key'), _dunning.key_sql(l.relation, 't', l.columns ->> 'customer'),
			_dunning.key_sql(l.relation, 't', l.columns ->> 'payer')),
		(SELECT string_agg(CASE
				WHEN f.field IN ('currency', 'company_currency') AND NOT EXISTS (SELECT FROM _dunning.relation_columns(l.relation) AS rc
					WHERE rc.column_name = l.columns ->> f.field)
					AND l.columns ->> f.field ~ '^[A-Z]{3}$' THEN quote_literal(l.columns ->> f.field) || '::text COLLATE "default"'
				WHEN f.field = 'document' AND l.columns ->> 'document' IS NULL THEN 'NULL::dunning.item_key'
				WHEN f.field = 'document' THEN format('dunning.item_key(%s)', _dunning.key_sql(l.relation, 't', l.columns ->> 'document'))
				WHEN f.field = 'open_amount' AND l.columns ->> 'open_amount' IS NULL AND l.columns ->> 'payments' IS NULL
					THEN format('t.%I::numeric - coalesce(t.%I::numeric, 0)', l.columns ->> 'amount', l.columns ->> 'paid_amount')
				ELSE _dunning.field_sql(l.relation, 't', d.kind, l.columns ->> f.field, l.time_zone) END || ' AS ' || f.field, ', '
					ORDER BY f.place)
			FROM unnest(ARRAY['company', 'currency', 'reference', 'issued_on', 'due_on', 'terms', 'amount', 'open_amount', 'customer_name', 'email', 'phone', 'language',
				'disputed', 'held', 'dunnable', 'document', 'procedure', 'contracted_on', 'professional', 'company_currency', 'company_amount', 'company_open_amount', 'rule_by', 'vat_rate', 'vat_on_receipt', 'delivered_on', 'matures_on', 'kind', 'class', 'salesperson',
				'net_amount']) WITH ORDINALITY AS f (field, place)
			JOIN dunning.ledger_field AS d ON d.scope = 'items' AND d.field = f.field),
		_dunning.attributes_sql(l.relation, 't', _dunning.mapped_attributes(l.columns, 'items'), l.time_zone),
		l.relation,
		CASE WHEN l.columns ->> 'excluded' IS NULL THEN '' ELSE format(' WHERE NOT t.%1$I OR t.%1$I IS NULL', l.columns ->> 'excluded') END);
COMMENT ON FUNCTION _dunning.item_view(dunning.ledger) IS 'The query of the view of the items of a ledger';

CREATE FUNCTION _dunning.payment_view(l dunning.ledger, payments regclass) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN payments IS NULL
		THEN 'SELECT NULL::text AS item, NULL::integer AS part, NULL::date AS paid_on, NULL::numeric AS amount, NULL::numeric AS company_amount, NULL::numeric AS vat_rate, NULL::boolean AS cashed, NULL::text AS reject_code, NULL::boolean AS rejected WHERE false'
		ELSE format('SELECT %s AS item, %s AS part, %s AS paid_on, %s AS amount, %s AS company_amount, %s AS vat_rate, %s AS cashed, %s AS reject_code, %s AS rejected FROM %s AS p',
			_dunning.key_sql(payments, 'p', l.columns #>> '{payments,item}'),
			-- a number that no part has names none
			CASE WHEN l.columns #>> '{payments,part}' IS NULL THEN 'NULL::integer'
				ELSE format('CASE WHEN p.%1$I BETWEEN 1 AND 1000000 AND p.%1$I::numeric %% 1 = 0 THEN p.%1$I::integer END', l.columns #>> '{payments,part}') END,
			_dunning.field_sql(payments, 'p', 'date', l.columns #>> '{payments,date}', l.time_zone),
			_dunning.field_sql(payments, 'p', 'number', l.columns #>> '{payments,amount}', NULL),
			_dunning.field_sql(payments, 'p', 'number', l.columns #>> '{payments,company_amount}', NULL),
			_dunning.field_sql(payments, 'p', 'number', l.columns #>> '{payments,vat_rate}', NULL),
			_dunning.field_sql(payments, 'p', 'boolean', l.columns #>> '{payments,cashed}', NULL),
			_dunning.field_sql(payments, 'p', 'text', l.columns #>> '{payments,reject_code}', NULL),
			CASE WHEN l.columns #>> '{payments,rejected}' IS NULL AND l.columns #>> '{payments,reject_code}' IS NOT NULL THEN format('p.%I IS NOT NULL', l.columns #>> '{payments,reject_code}')
				ELSE _dunning.field_sql(payments, 'p', 'boolean', l.columns #>> '{payments,rejected}', NULL) END,
			payments) END;
COMMENT ON FUNCTION _dunning.payment_view(dunning.ledger, regclass) IS 'The query of the view of the payments of a ledger in one of its relations, without a row if that is NULL';

CREATE FUNCTION _dunning.payments_read(l dunning.ledger, whole boolean) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN _dunning.view_name(CASE WHEN whole AND l.whole_payments IS NOT NULL THEN 'whole payments' ELSE 'payments' END, l.adoption);
COMMENT ON FUNCTION _dunning.payments_read(dunning.ledger, boolean) IS 'Name of the view in which the payments of a ledger are looked up, or all are read';

-- Parties that are assigned go before those of the ERP.  Who reads the ledger reads them, too.
CREATE FUNCTION _dunning.assigns_parties(l dunning.ledger) RETURNS boolean
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN coalesce((l.columns #>> '{customers,assigned}')::boolean, false);
COMMENT ON FUNCTION _dunning.assigns_parties(dunning.ledger) IS 'Whether payers, groups and risk parties can be assigned to the customers of a ledger';

CREATE FUNCTION _dunning.assigned_party_sql(l dunning.ledger, party text, said text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN NOT _dunning.assigns_parties(l) THEN said
		ELSE format('coalesce((SELECT a.value FROM _dunning.%1$I AS a WHERE a.ledger = %2$L AND a.kind = %3$L AND a.customer = dunning.item_key(%4$s) '
			'AND a.from_day <= _dunning.real_day() AND (a.ended_on IS NULL OR a.ended_on > _dunning.real_day()) '
			'ORDER BY a.from_day DESC, a.assignment DESC LIMIT 1), %5$s::text)', 'party', l.ledger, party,
			_dunning.key_sql(l.customers, 'c', l.columns #>> '{customers,key}'), said) END;
COMMENT ON FUNCTION _dunning.assigned_party_sql(dunning.ledger, text, text) IS 'The expression of a payer, group or risk party of a customer (c): what is assigned to him, or what the ERP says';

CREATE FUNCTION _dunning.customer_view(l dunning.ledger) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN l.customers IS NULL
		THEN 'SELECT NULL::text AS key, NULL::text AS payer, NULL::text AS customer_group, NULL::text AS risk_party, NULL::text AS name, NULL::text AS email, NULL::text AS phone, '
			'NULL::text AS language, NULL::text AS address, NULL::text AS postcode, NULL::text AS city, NULL::text AS country, NULL::text AS identifier, NULL::text AS class, NULL::text AS salesperson, NULL::boolean AS professional, NULL::jsonb AS attributes WHERE false'
		ELSE format('SELECT %s, %s, %s AS attributes FROM %s AS c',
			(SELECT string_agg(format('%s AS %s', CASE f.field WHEN 'key' THEN k.said
					ELSE _dunning.assigned_party_sql(l, f.field, k.said) END, f.field), ', ' ORDER BY f.place)
				FROM unnest(ARRAY['key', 'payer', 'customer_group', 'risk_party']) WITH ORDINALITY AS f (field, place)
				CROSS JOIN LATERAL (SELECT _dunning.key_sql(l.customers, 'c', l.columns #>> ARRAY['customers', f.field]) AS said) AS k),
			(SELECT string_agg(_dunning.field_sql(l.customers, 'c', CASE f.field WHEN 'professional' THEN 'boolean' ELSE 'text' END,
					l.columns #>> ARRAY['customers', f.field], NULL) || ' AS ' || f.field, ', ' ORDER BY f.place)
				FROM unnest(ARRAY['name', 'email', 'phone', 'language', 'address', 'postcode', 'city', 'country', 'identifier', 'class', 'salesperson', 'professional']) WITH ORDINALITY AS f (field, place)),
			_dunning.attributes_sql(l.customers, 'c', _dunning.mapped_attributes(l.columns, 'customers'), l.time_zone), l.customers) END;
COMMENT ON FUNCTION _dunning.customer_view(dunning.ledger) IS 'The query of the view of the customers of a ledger, without a row if it has none';

CREATE FUNCTION _dunning.make_views(l dunning.ledger) RETURNS void
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	owner CONSTANT name := (SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c WHERE c.oid = 'dunning.ledger'::regclass);
	v record;
BEGIN
	FOR v IN SELECT _dunning.view_name(s.scope, l.adoption) AS name, s.query, s.scope
		FROM (VALUES ('items', _dunning.item_view(l)), ('payments', _dunning.payment_view(l, l.payments)), ('customers', _dunning.customer_view(l)),
			('whole payments', CASE WHEN l.whole_payments IS NOT NULL THEN _dunning.payment_view(l, l.whole_payments) END)) AS s (scope, query)
		WHERE s.query IS NOT NULL
	LOOP
		EXECUTE format('CREATE VIEW %s WITH (security_invoker = true) AS %s', v.name, v.query);
		EXECUTE format('COMMENT ON VIEW %s IS %L', v.name, format('The %s of the ledger %I: made by dunning.adopt', v.scope, l.ledger));
		-- the rights that count are those on the tables
		EXECUTE format('GRANT SELECT ON %s TO PUBLIC', v.name);
		-- the owner of the extension, whoever of its members adopts
		IF owner <> current_user THEN
			EXECUTE format('ALTER VIEW %s OWNER TO %I', v.name, owner);
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION _dunning.make_views(dunning.ledger) IS 'Makes the views of a ledger';

CREATE FUNCTION _dunning.need_views(l dunning.ledger) RETURNS void
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF (SELECT bool_or(to_regclass(s.name) IS NULL) FROM (VALUES (_dunning.view_name('items', l.adoption)), (_dunning.view_name('payments', l.adoption)),
			(_dunning.payments_read(l, true)), (_dunning.view_name('customers', l.adoption))) AS s (name)) THEN
		RAISE EXCEPTION 'a table of the ledger "%" was dropped', l.ledger
			USING ERRCODE = 'undefined_table', HINT = _dunning.adopt_again(l.ledger);
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_views(dunning.ledger) IS 'Error 42P01 if a view of a ledger is gone, as DROP TABLE ... CASCADE takes it along';

-- The views follow a column that is renamed; the mapping has its name of before, which
-- another column may have taken.
CREATE FUNCTION _dunning.changed_columns(l dunning.ledger) RETURNS TABLE (scope text, field text, change text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.scope, m.field, format(CASE WHEN a.attnum IS NULL THEN 'column "%s" of %s is gone' ELSE 'column "%s" of %s is no longer the one that was adopted' END,
		m.column_name, r.relation)
	FROM (VALUES (1, 'items', l.relation), (2, 'payments', l.payments), (3, 'customers', l.customers)) AS r (place, scope, relation)
	JOIN pg_class AS c ON c.oid = r.relation
	CROSS JOIN LATERAL (SELECT d.field, _dunning.mapped(l.columns, r.scope, d.field) AS column_name FROM dunning.ledger_field AS d
		WHERE d.scope = r.scope
		UNION ALL
		SELECT 'attributes.' || a.key, a.value FROM jsonb_each_text(_dunning.mapped_attributes(l.columns, r.scope)) AS a) AS m
	LEFT JOIN pg_attribute AS a ON a.attrelid = r.relation AND a.attname = m.column_name AND a.attnum > 0 AND NOT a.attisdropped
	WHERE m.column_name IS NOT NULL
		AND NOT (m.field IN ('currency', 'company_currency') AND m.column_name ~ '^[A-Z]{3}$' AND a.attnum IS NULL)	-- one code for all
		AND (a.attnum IS NULL OR to_regclass(_dunning.view_name(r.scope, l.adoption)) IS NOT NULL AND NOT EXISTS (
			SELECT FROM pg_rewrite AS w
			JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
			WHERE w.ev_class = to_regclass(_dunning.view_name(r.scope, l.adoption)) AND d.refobjid = r.relation
				AND d.refobjsubid = a.attnum))
	ORDER BY r.place, m.column_name
$$;
COMMENT ON FUNCTION _dunning.changed_columns(dunning.ledger) IS
	'The fields of a ledger whose columns its tables no longer have by their names, or whose names other columns have now than the ones that its views read';

-- Histories of items

CREATE FUNCTION _dunning.history_day(day date) RETURNS date
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN day BETWEEN '0001-01-01' AND '9999-12-31' THEN day END;
COMMENT ON FUNCTION _dunning.history_day(date) IS 'A day that a balance history can hold, NULL for any other';

-- One amount that a history cannot hold must not stop the whole ledger: such an
-- item has none.  The digits leave room for the sums of a day.
CREATE FUNCTION _dunning.fits_history(amount numeric) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN abs(amount) < 1e18;
COMMENT ON FUNCTION _dunning.fits_history(numeric) IS
	'Whether the history of an item can hold an amount: below 10^18, neither NaN nor infinite; of its decimals it holds those of _dunning.history_amount';

-- A type that has no more decimals than a book keeps has no dust, and then conditions
-- on the column stay conditions on the column.
CREATE FUNCTION _dunning.may_have_dust(relation regclass, column_name text) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN NOT EXISTS (SELECT FROM pg_attribute AS a
		WHERE a.attrelid = relation AND a.attname = column_name AND NOT a.attisdropped
			AND (a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'money'::regtype)
				-- the scale of a numeric is eleven bits with a sign
				OR a.atttypid = 'numeric'::regtype AND a.atttypmod >= 0 AND (((a.atttypmod - 4) & 2047) # 1024) - 1024 <= 6));
COMMENT ON FUNCTION _dunning.may_have_dust(regclass, text) IS 'Whether a column can hold amounts that _dunning.without_dust changes; true of one that is not there';

-- What is sent to a foreign server is said in words that it knows.
CREATE FUNCTION _dunning.clean_sql(amount text, relation regclass) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format(CASE WHEN _dunning.reads_foreign(relation) THEN 'CASE WHEN abs(%1$s - round(%1$s, 4)) < 0.000001 THEN round(%1$s, 4) ELSE %1$s END'
		ELSE '_dunning.without_dust(%s)' END, amount);
COMMENT ON FUNCTION _dunning.clean_sql(text, regclass) IS 'The expression of an amount of a relation without dust';

-- Whether two key columns can be compared as they are, or else as texts.
CREATE FUNCTION _dunning.join_sql(one text, one_column text, other text, other_column text, alias text, other_alias text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT format(CASE WHEN a.atttypid = b.atttypid
				OR a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)
					AND b.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)
				OR a.atttypid IN ('text'::regtype, 'varchar'::regtype) AND b.atttypid IN ('text'::regtype, 'varchar'::regtype)
			THEN '%1$s.%2$I = %3$s.%4$I' ELSE '%1$s.%2$I::text = %3$s.%4$I::text' END, alias, one_column, other_alias, other_column)
		FROM pg_attribute AS a, pg_attribute AS b
		WHERE a.attrelid = to_regclass(one) AND a.attname = one_column AND b.attrelid = to_regclass(other) AND b.attname = other_column);
COMMENT ON FUNCTION _dunning.join_sql(text, text, text, text, text, text) IS 'The condition that joins two views of a ledger by keys';

-- Who a customer is, what he belongs to and who pays for him: what is in a table of
-- customers (c) is read there, the rest with the item (i); the payer may be in it, too (d).
CREATE FUNCTION _dunning.payer_alias(l dunning.ledger) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN l.columns #>> '{customers,payer}' IS NOT NULL OR _dunning.assigns_parties(l) THEN 'c' WHEN l.columns ->> 'payer' IS NOT NULL THEN 'i' END;
COMMENT ON FUNCTION _dunning.payer_alias(dunning.ledger) IS 'Alias of the view that says who pays for a customer; NULL: he himself';

CREATE FUNCTION _dunning.party_sql(l dunning.ledger, field text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT CASE party_sql.field
			WHEN 'customer_name' THEN p.name
			WHEN 'payer' THEN format(CASE WHEN p.pays IS NULL THEN 'dunning.item_key(i.customer)' ELSE 'coalesce(dunning.item_key(%s.payer), dunning.item_key(i.customer))' END, p.pays)
			WHEN 'payer_name' THEN format(CASE WHEN p.pays IS NULL THEN '%2$s' WHEN l.customers IS NOT NULL AND l.columns #>> '{customers,name}' IS NOT NULL
				THEN 'CASE WHEN d.key IS NOT NULL THEN d.name WHEN %1$s.payer IS NULL THEN %2$s END'
				ELSE 'CASE WHEN (dunning.item_key(%1$s.payer) <> dunning.item_key(i.customer)) IS NOT TRUE THEN %2$s END' END, p.pays, p.name)
			WHEN 'attributes' THEN (SELECT CASE WHEN a.items AND a.customers THEN 'i.attributes || coalesce(c.attributes, ''{}'')' WHEN a.items THEN 'i.attributes'
					WHEN a.customers THEN 'c.attributes' ELSE 'NULL::jsonb' END
				FROM (SELECT _dunning.mapped_attributes(l.columns, 'items') <> '{}' AS items,
					_dunning.mapped_attributes(l.columns, 'customers') <> '{}' AS customers) AS a)
			-- what of the amount is without tax; all of it where nothing is known
			WHEN 'net_share' THEN CASE WHEN l.columns ->> 'net_amount' IS NULL THEN '1::numeric' ELSE 'CASE WHEN i.amount <> 0 THEN coalesce(i.net_amount / i.amount, 1) ELSE 1 END' END
			WHEN 'customer_group' THEN CASE WHEN l.customers IS NULL THEN 'NULL::dunning.item_key' ELSE 'dunning.item_key(c.customer_group)' END
			ELSE format(CASE WHEN l.columns #>> ARRAY['customers', party_sql.field] IS NOT NULL THEN 'c.%I' ELSE 'i.%I' END, party_sql.field) END
		FROM (SELECT _dunning.payer_alias(l) AS pays, CASE WHEN l.columns #>> '{customers,name}' IS NOT NULL THEN 'c.name' ELSE 'i.customer_name' END AS name) AS p);
COMMENT ON FUNCTION _dunning.party_sql(dunning.ledger, text) IS
	'The expression of customer_name, payer, payer_name, customer_group, class, salesperson, attributes or net_share of an item, over the views that _dunning.party_joins joins to it';

CREATE FUNCTION _dunning.party_joins(l dunning.ledger, with_payer boolean) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN l.customers IS NULL THEN '' ELSE (SELECT concat(
			format(' LEFT JOIN %s AS c ON %s', v.customers, _dunning.join_sql(v.customers, 'key', v.items, 'customer', 'c', 'i')),
			format(' LEFT JOIN %s AS d ON ', v.customers)
				|| _dunning.join_sql(v.customers, 'key', CASE v.pays WHEN 'c' THEN v.customers ELSE v.items END, 'payer', 'd', v.pays))
		FROM (SELECT _dunning.view_name('items', l.adoption) AS items, _dunning.view_name('customers', l.adoption) AS customers,
			CASE WHEN with_payer THEN _dunning.payer_alias(l) END AS pays) AS v) END;
COMMENT ON FUNCTION _dunning.party_joins(dunning.ledger, boolean) IS 'The joins of the customer (c), and of the payer (d) if wanted, to an item (i); empty without a table of customers';

-- The one template that reads the three views.  It has two forms that say the same:
-- for look-ups, which find the payments of an item by their index, so that the items of
-- one customer cost a look-up each; and for the whole ledger, which groups all
-- payments once.  An aggregate that nobody reads is left out of the plan.  The
-- conditions are such as postgres_fdw ships: it ships no IS NOT TRUE.
CREATE FUNCTION _dunning.ledger_query(l dunning.ledger, day text, whole boolean) RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	items CONSTANT text := _dunning.view_name('items', l.adoption);
	payments CONSTANT text := _dunning.payments_read(l, whole);
	paid CONSTANT boolean := l.payments IS NOT NULL;
	dated CONSTANT boolean := l.columns #>> '{payments,date}' IS NOT NULL;
	in_parts CONSTANT boolean := l.columns ->> 'terms' IS NOT NULL;
	by_index CONSTANT boolean := coalesce((l.columns #>> '{payments,indexed}')::boolean, false) AND NOT whole;
	-- A foreign server computes with a value, and not with a call of our functions.
	items_day CONSTANT text := CASE WHEN _dunning.reads_foreign(l.relation) THEN format('(SELECT %s)', day) ELSE day END;
	payments_day CONSTANT text := CASE WHEN _dunning.reads_foreign(l.payments) THEN format('(SELECT %s)', day) ELSE day END;
	named CONSTANT boolean := l.customers IS NOT NULL;
	-- who pays is written to
	known CONSTANT boolean := named AND _dunning.payer_alias(l) IS NOT NULL;
	contact CONSTANT text := (SELECT string_agg(format(CASE WHEN l.columns #>> ARRAY['customers', f.field] IS NULL THEN 'i.%1$s'
				WHEN known THEN 'CASE WHEN d.key IS NOT NULL THEN d.%1$s ELSE c.%1$s END' ELSE 'c.%1$s' END || ' AS %1$s', f.field), ', ' ORDER BY f.place)
		FROM unnest(ARRAY['email', 'phone', 'language']) WITH ORDINALITY AS f (field, place));
	sums CONSTANT text := 'sum(p.amount) AS paid, '
		'min(_dunning.history_day(p.paid_on)) AS first, bool_and(p.paid_on IS NOT NULL) AS dated, bool_and(_dunning.fits_history(p.amount)) AS fits, '
		'dunning.balance_history(- _dunning.history_amount(p.amount), p.paid_on) FILTER (WHERE _dunning.fits_history(p.amount) AND _dunning.history_day(p.paid_on) IS NOT NULL) AS moves, '
		'sum(p.amount) FILTER (WHERE _dunning.history_day(p.paid_on) IS NULL) AS undated, '
		-- one payment whose company amount is not known leaves that of the item unknown
		'sum(p.company_amount) AS company_paid, bool_and(p.company_amount IS NOT NULL OR (p.amount = 0) IS NOT FALSE) AS company_known, '
		'array_agg(_dunning.history_amount(p.amount)) AS amounts, array_agg(_dunning.history_day(p.paid_on)) AS days, array_agg(p.part) AS parts'
		|| CASE WHEN coalesce(l.columns #>> '{payments,rejected}', l.columns #>> '{payments,reject_code}') IS NOT NULL
			THEN ', dunning.sum(_dunning.reject_fact(p.reject_code, _dunning.history_day(p.paid_on))) FILTER (WHERE p.rejected) AS rejects, '
				'dunning.balance_history(- _dunning.history_amount(p.amount), p.paid_on) '
				'FILTER (WHERE p.rejected AND p.amount < 0 AND _dunning.fits_history(p.amount) AND _dunning.history_day(p.paid_on) IS NOT NULL) AS returned' ELSE '' END;
	-- the amount moves on the issue day, or where that is not known on the first day
	-- of which something is known; so do payments without a date
	first_day CONSTANT text := format('coalesce(_dunning.history_day(i.issued_on), '
		'least(_dunning.history_day(i.due_on), p.first, greatest(least(%s, ''9999-12-31''), ''0001-01-01'')))', day);
	open_amount text := CASE WHEN paid THEN 'i.amount - coalesce(p.paid, 0)' ELSE 'i.open_amount' END;
	company_open_amount text := CASE WHEN paid THEN 'CASE WHEN p.company_known IS NOT FALSE THEN i.company_amount - coalesce(p.company_paid, 0) END' ELSE 'i.company_open_amount' END;
	history text := CASE WHEN dated THEN 'dunning.movement(_dunning.history_amount(i.amount), b.day) + coalesce(p.moves, ''{}'') + coalesce(dunning.movement(- nullif(_dunning.history_amount(p.undated), 0), b.day), ''{}'')'
		ELSE 'NULL::dunning.balance_history' END;
	source text := items || ' AS i';
	-- who names no part has reopened the first
	rejecting CONSTANT boolean := coalesce(l.columns #>> '{payments,rejected}', l.columns #>> '{payments,reject_code}') IS NOT NULL AND dated;
	rejects CONSTANT text := CASE WHEN NOT rejecting THEN 'NULL::dunning.dunning_history' WHEN NOT in_parts THEN 'p.rejects'
		ELSE format('(SELECT dunning.sum(_dunning.reject_fact(r.reject_code, _dunning.history_day(r.paid_on))) FROM %s AS r WHERE %s AND r.rejected AND coalesce(r.part, 1) = coalesce(q.part, 1) AND r.paid_on <= %s)',
			payments, _dunning.join_sql(payments, 'item', items, 'key', 'r', 'i'), day) END;
	amount text := 'i.amount';
	-- what is added up without dust has none
	clean_amount CONSTANT boolean := NOT _dunning.may_have_dust(l.relation, l.columns ->> 'amount');
	clean CONSTANT boolean := CASE WHEN paid THEN NOT _dunning.may_have_dust(l.payments, l.columns #>> '{payments,amount}')
			WHEN l.columns ->> 'open_amount' IS NOT NULL THEN NOT _dunning.may_have_dust(l.relation, l.columns ->> 'open_amount')
			ELSE NOT _dunning.may_have_dust(l.relation, l.columns ->> 'paid_amount') END
		AND (clean_amount OR NOT paid AND NOT in_parts AND l.columns ->> 'open_amount' IS NOT NULL);
	-- an item whose terms give no parts is one part without a due date
	part CONSTANT text := CASE WHEN in_parts THEN 'CASE WHEN q.part IS NULL THEN %s ELSE %s END' ELSE '%s' END;
BEGIN
	IF paid AND by_index THEN
		source := source || format(' LEFT JOIN LATERAL (SELECT %s FROM %s AS p WHERE %s AND (p.paid_on <= %s OR p.paid_on IS NULL)) AS p ON true',
			sums, payments, _dunning.join_sql(payments, 'item', items, 'key', 'p', 'i'), payments_day);
	ELSIF paid THEN
		source := source || format(' LEFT JOIN (SELECT p.item, %s FROM %s AS p WHERE p.item IS NOT NULL AND (p.paid_on <= %s OR p.paid_on IS NULL) GROUP BY p.item) AS p ON %s',
			sums, payments, payments_day, _dunning.join_sql(payments, 'item', items, 'key', 'p', 'i'));
	END IF;
	IF dated THEN
		source := source || format(' CROSS JOIN LATERAL (SELECT %s AS day) AS b', first_day);
	END IF;
	-- what a bank took back is known to be a payment, whatever it charges
	IF rejecting THEN
		history := format('dunning.match_returns(%s, p.returned)', history);
	END IF;
	IF in_parts THEN
		source := source || format(' LEFT JOIN dunning.currency AS y ON y.code = i.currency'
			' LEFT JOIN LATERAL _dunning.item_parts(i.terms, i.issued_on, _dunning.history_amount(i.amount), y.decimals, %s) AS q ON i.due_on IS NULL',
			CASE WHEN dated THEN 'b.day, p.amounts, p.days, p.parts, p.fits IS NOT FALSE'
				-- what was paid without a table of payments fills the parts in their order
				WHEN paid THEN 'i.issued_on, p.amounts, NULL::date[], p.parts, false'
				ELSE 'i.issued_on, ARRAY[i.amount - i.open_amount], NULL::date[], NULL::integer[], false' END);
		-- an amount that is not known is none of what was paid
		open_amount := format(part, open_amount, CASE WHEN paid THEN 'q.amount - q.received' ELSE 'CASE WHEN i.open_amount IS NOT NULL THEN q.amount - q.received END' END);
		amount := format(part, amount, 'q.amount');
		-- what a part is worth to the company nobody says, unless it is the whole
		company_open_amount := format('CASE WHEN coalesce(q.parts, 1) = 1 THEN %s END', company_open_amount);
		IF dated THEN
			history := format(part, history, 'q.history');
		END IF;
	END IF;
	IF dated THEN
		history := format(CASE WHEN clean THEN 'CASE WHEN _dunning.fits_history(i.amount) AND p.fits IS NOT FALSE THEN %s END'
			ELSE 'CASE WHEN _dunning.fits_history(i.amount) AND p.fits IS NOT FALSE THEN _dunning.without_dust(%s) END' END, history);
	END IF;
	-- what is open of a day is cleaned, and not each payment
	IF NOT clean THEN
		open_amount := _dunning.clean_sql(open_amount, l.relation);
	END IF;
	IF NOT clean_amount THEN
		amount := _dunning.clean_sql(amount, l.relation);
	END IF;
	IF l.columns ->> 'company_amount' IS NOT NULL OR l.columns ->> 'company_open_amount' IS NOT NULL THEN
		company_open_amount := _dunning.clean_sql(company_open_amount, l.relation);
	END IF;
	source := source || _dunning.party_joins(l, true);
	RETURN concat_ws(' ',
		'SELECT', quote_literal(l.ledger) || '::name AS ledger,',
		'dunning.item_key(i.key) AS item,', CASE WHEN in_parts THEN 'coalesce(q.part, 1)' ELSE '1' END, 'AS part,',
		'dunning.item_key(i.customer) AS customer, i.company, i.currency, i.reference, i.issued_on,',
		-- while a bill of exchange runs, nothing is due
		format(CASE WHEN l.columns ->> 'matures_on' IS NOT NULL THEN 'CASE WHEN i.matures_on >= %2$s THEN greatest(%1$s, i.matures_on) ELSE %1$s END' ELSE '%1$s' END, format(part, 'i.due_on', 'q.due_on'), items_day), 'AS due_on,', amount, 'AS amount,', open_amount,
			'AS open_amount,',
		_dunning.party_sql(l, 'customer_name'), 'AS customer_name,', contact || ', i.disputed, i.procedure,', CASE WHEN l.columns #>> '{customers,professional}' IS NOT NULL THEN 'c.professional' ELSE 'i.professional' END, 'AS professional,',
		history, 'AS history,',
		-- a past day is known of an item and payments that have their dates
		-- the clock is asked last
		'(' || CASE WHEN dated AND l.columns ->> 'issued_on' IS NOT NULL THEN 'i.issued_on IS NOT NULL AND p.dated IS NOT FALSE OR ' ELSE '' END || day, '>= _dunning.real_day()) AS as_of_known,',
		'i.held, i.company_currency,', CASE WHEN in_parts THEN 'CASE WHEN coalesce(q.parts, 1) = 1 THEN i.company_amount END' ELSE 'i.company_amount' END, 'AS company_amount,',
		company_open_amount, 'AS company_open_amount, i.dunnable, i.document, i.contracted_on, i.rule_by,', rejects, 'AS rejects, i.delivered_on, i.matures_on,', format('_dunning.item_kind(i.kind, %s)', amount), 'AS kind,',
		_dunning.party_sql(l, 'payer'), 'AS payer,', _dunning.party_sql(l, 'payer_name'), 'AS payer_name,', CASE WHEN named THEN 'c.identifier' ELSE 'NULL::text' END, 'AS identifier,',
		_dunning.party_sql(l, 'customer_group'), 'AS customer_group,', CASE WHEN named THEN 'dunning.item_key(c.risk_party)' ELSE 'NULL::dunning.item_key' END, 'AS risk_party,',
		_dunning.party_sql(l, 'class'), 'AS class,', _dunning.party_sql(l, 'salesperson'), 'AS salesperson,',
		format(CASE WHEN in_parts AND l.columns ->> 'net_amount' IS NOT NULL
			THEN 'CASE WHEN q.part IS NULL OR i.amount = 0 THEN i.net_amount ELSE round(i.net_amount * q.amount / i.amount, 12) END' ELSE 'i.net_amount' END), 'AS net_amount,',
		_dunning.party_sql(l, 'attributes'), 'AS attributes',
		'FROM', source,
		'WHERE', day, 'IS NOT NULL', CASE WHEN l.columns ->> 'issued_on' IS NOT NULL THEN format('AND (i.issued_on <= %s OR i.issued_on IS NULL)', items_day) END);
END
$$;
COMMENT ON FUNCTION _dunning.ledger_query(dunning.ledger, text, boolean) IS
	'The query that turns the views of a ledger into its items as of a day, an SQL expression; settled items are among them; for a whole ledger, or for look-ups';

