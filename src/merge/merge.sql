-- A customer with several keys: one that changed, and those of several ledgers.

SELECT _dunning.keep_facts('dunning.customer_merge', 'customer_merge', '{customer,moved}', '{moved}', NULL,
	'Merge him again: SELECT dunning.merge_customer(ledger, from_customer, customer) FROM dunning.customer_merge WHERE customer_merge = %s.',
	'What was merged by mistake is merged back. The row is %s.');

CREATE TYPE dunning.moved_facts AS ( --: What dunning.merge_customer did with a table
	relation name, --: The table
	moved bigint, --: Rows that are those of the new key now
	kept bigint --: Rows that stay with the earlier key, since the new one has the same
);

-- A table that has customers is found in the catalog, so that none is forgotten.
CREATE FUNCTION dunning.merge_customer(ledger name, from_customer dunning.item_key, customer dunning.item_key, note text DEFAULT NULL)
	RETURNS SETOF dunning.moved_facts
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	number bigint;
	still record;
	field text;
	t record;
	one text;
	ids text[];
	facts jsonb := '{}';
	kept jsonb := '{}';
	r dunning.moved_facts;
BEGIN
	IF merge_customer.ledger IS NULL THEN
		RAISE EXCEPTION 'the ledger of the customer is missing'
			USING ERRCODE = 'null_value_not_allowed', HINT = 'SELECT ledger FROM dunning.ledger lists them.';
	END IF;
	PERFORM _dunning.need_ledger(merge_customer.ledger);
	PERFORM _dunning.need_key('customer', merge_customer.from_customer);
	PERFORM _dunning.need_key('customer', merge_customer.customer);
	PERFORM _dunning.need_all_facts();
	IF merge_customer.from_customer = merge_customer.customer THEN
		RAISE EXCEPTION 'customer "%" cannot be merged into himself', merge_customer.customer
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the earlier key and the new one.';
	END IF;
	PERFORM _dunning.need_customer(merge_customer.ledger, merge_customer.customer, true);
	FOREACH field IN ARRAY '{customer,payer}'::text[] LOOP
		EXECUTE format('SELECT i.item, i.open_amount FROM %s AS i WHERE (i.open_amount = 0) IS NOT TRUE LIMIT 1',
			_dunning.keys_source(merge_customer.ledger, _dunning.real_day(), ARRAY[merge_customer.from_customer], field)) INTO still;
		IF still.item IS NOT NULL THEN
			RAISE EXCEPTION 'customer "%" still %', merge_customer.from_customer, CASE field WHEN 'payer' THEN 'pays for open items' ELSE 'has open items' END
				USING ERRCODE = 'object_not_in_prerequisite_state',
					DETAIL = format('Of item "%s", %s is open.', still.item, coalesce(still.open_amount::text, 'an unknown amount')),
					HINT = format('Give %s the key "%s" in the books first.', CASE field WHEN 'payer' THEN 'their payer' ELSE 'his items' END, merge_customer.customer);
		END IF;
	END LOOP;
	INSERT INTO dunning.customer_merge (ledger, from_customer, customer, on_day, note)
	VALUES (merge_customer.ledger, merge_customer.from_customer, merge_customer.customer, _dunning.real_day(),
		nullif(btrim(merge_customer.note), ''))
	RETURNING customer_merge INTO number;
	FOR t IN
		SELECT c.relname, a.attname, p.attname AS number
		FROM pg_class AS c
		JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname IN ('customer', 'payer') AND a.atttypid = 'dunning.item_key'::regtype
			AND NOT a.attisdropped
		JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
		JOIN pg_index AS x ON x.indrelid = c.oid AND x.indisprimary AND x.indnatts = 1
		JOIN pg_attribute AS p ON p.attrelid = c.oid AND p.attnum = x.indkey[0]
		WHERE c.relnamespace = 'dunning'::regnamespace AND c.relkind = 'r'
			AND EXISTS (SELECT FROM pg_attribute AS l WHERE l.attrelid = c.oid AND l.attname = 'ledger')
		ORDER BY c.relname, a.attname
	LOOP
		r := ROW(t.relname, 0, 0);
		BEGIN
			EXECUTE format('WITH done AS (UPDATE dunning.%1$I AS t SET %2$I = $3 WHERE t.%2$I = $2 AND t.ledger = $1 RETURNING t.%3$I) '
					'SELECT array_agg(d.%3$I::text) FROM done AS d', t.relname, t.attname, t.number)
				INTO ids USING merge_customer.ledger, merge_customer.from_customer, merge_customer.customer;
		EXCEPTION WHEN unique_violation THEN
			-- of what both keys have, that of the new one applies
			ids := NULL;
			FOR one IN EXECUTE format('SELECT t.%3$I::text FROM dunning.%1$I AS t WHERE t.%2$I = $2 AND t.ledger = $1 ORDER BY t.%3$I',
					t.relname, t.attname, t.number)
				USING merge_customer.ledger, merge_customer.from_customer
			LOOP
				BEGIN
					EXECUTE format('UPDATE dunning.%1$I AS t SET %2$I = $1 WHERE t.%3$I::text = $2', t.relname, t.attname, t.number)
						USING merge_customer.customer, one;
					ids := ids || one;
				EXCEPTION WHEN unique_violation THEN
					r.kept := r.kept + 1;
				END;
			END LOOP;
		END;
		-- customer comes before payer: rows of others that he pays for
		ids := ARRAY(SELECT u FROM unnest(ids) AS u WHERE NOT coalesce(facts -> t.relname ? u, false));
		IF ids <> '{}' THEN
			facts := facts || jsonb_build_object(t.relname, coalesce(facts -> t.relname, '[]') || to_jsonb(ids));
		END IF;
		IF t.attname = 'customer' THEN
			kept := kept || jsonb_build_object(t.relname, r.kept);
		END IF;
	END LOOP;
	RETURN QUERY SELECT k::name, coalesce(jsonb_array_length(facts -> k), 0)::bigint, coalesce((kept ->> k)::bigint, 0)
	FROM jsonb_object_keys(facts || kept) AS k
	WHERE facts ? k OR (kept ->> k)::bigint > 0 ORDER BY k COLLATE "C";
	UPDATE dunning.customer_merge AS m SET moved = facts WHERE m.customer_merge = number;
END
$$;
COMMENT ON FUNCTION dunning.merge_customer(name, dunning.item_key, dunning.item_key, text) IS
	'Notes that a customer, or who only pays, has another key in the books, and gives the new key all facts of the earlier one. It returns the rows by table. Error 55000 while open items have the earlier key, 42704 if the new one has no item';

CREATE FUNCTION dunning.debtor_key(identifier text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN n.number ~ '^FR[0-9A-Z]{2}[0-9]{9}$' AND dunning.is_siren(right(n.number, 9)) THEN right(n.number, 9)
		WHEN n.number ~ '^[0-9]{14}$' AND dunning.is_siret(n.number) THEN left(n.number, 9) ELSE nullif(n.number, '') END
	FROM (SELECT upper(regexp_replace(debtor_key.identifier COLLATE "C", '[^A-Za-z0-9]', '', 'g'))) AS n (number)
$$;
COMMENT ON FUNCTION dunning.debtor_key(text) IS 'An identifier without spaces and marks, by which ledgers are joined: of a SIRET or a French VAT number the SIREN of the company';

CREATE TYPE dunning.debtor_row AS ( --: A customer of a ledger who has the identifier of another one
	ledger name, --: The ledger
	customer dunning.item_key, --: Key of the customer there
	customer_name text, --: His name there
	identifier text --: His identifier as it is written there
);

-- The customers are read with the rights of the caller.
CREATE FUNCTION dunning.same_debtor(ledger name, customer dunning.item_key) RETURNS SETOF dunning.debtor_row
	LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 3 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	read CONSTANT text := 'SELECT DISTINCT %L::name, dunning.item_key(c.key), c.name::text COLLATE "C", c.identifier::text COLLATE "C" '
		'FROM %s AS c WHERE %s AND c.identifier IS NOT NULL AND ';
	l dunning.ledger;
	asked text;
BEGIN
	IF same_debtor.ledger IS NULL OR same_debtor.customer IS NULL THEN
		RETURN;
	END IF;
	PERFORM _dunning.need_ledger(same_debtor.ledger);
	SELECT f.* INTO l FROM dunning.ledger AS f WHERE f.ledger = same_debtor.ledger AND f.state = 'adopted';
	IF l.customers IS NULL OR l.columns #>> '{customers,identifier}' IS NULL AND l.erp IS NULL THEN
		RAISE EXCEPTION 'ledger "%" has no identifiers', same_debtor.ledger
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'The field identifier is not mapped to a column of the customers.',
				HINT = _dunning.adopt_again(same_debtor.ledger);
	END IF;
	EXECUTE 'SELECT min(dunning.debtor_key(d.identifier)) FROM ('
		|| format(read, l.ledger, _dunning.view_name('customers', l.adoption), _dunning.gate_condition(l.id))
		|| 'dunning.item_key(c.key) = $1) AS d (ledger, key, name, identifier)' INTO asked USING same_debtor.customer;
	FOR l IN SELECT f.* FROM dunning.ledger AS f WHERE f.state = 'adopted' AND f.customers IS NOT NULL ORDER BY f.ledger LOOP
		RETURN QUERY EXECUTE format(read, l.ledger, _dunning.view_name('customers', l.adoption), _dunning.gate_condition(l.id))
			|| 'dunning.debtor_key(c.identifier) = $1 ORDER BY 2' USING asked;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dunning.same_debtor(name, dunning.item_key) IS
	'The customers of all ledgers who have the identifier of a customer, himself too: by dunning.debtor_key, so that a SIRET meets its SIREN. No row if he has none. Error 55000 for a ledger without identifiers, 42704 for an unknown one';
