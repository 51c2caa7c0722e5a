-- What looks wrong in the books of ledgers, and whether they can be read.

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
	FOR l IN SELECT s.* FROM dunning.ledger AS s WHERE s.ledger = wanted AND s.state = 'adopted' LOOP
		-- a view of a profile says where the issue date stands in
		IF l.erp IS NOT NULL AND EXISTS (SELECT FROM pg_attribute AS a
			WHERE a.attrelid = l.relation AND a.attname = 'due_given' AND a.atttypid = 'bool'::regtype AND NOT a.attisdropped)
		THEN
			found_keys := ARRAY(SELECT r::dunning.item_key FROM _dunning.read_texts(reader,
				format('SELECT dunning.item_key(t.key)::text FROM %s AS t WHERE NOT t.due_given', l.relation)) AS r);
			guessed_ledgers := guessed_ledgers || array_fill(l.ledger, ARRAY[cardinality(found_keys)]);
			guessed_items := guessed_items || found_keys;
		END IF;
		IF coalesce(l.columns #>> '{customers,email}', l.columns #>> '{customers,phone}') IS NOT NULL
			AND NOT EXISTS (SELECT FROM unnest(ARRAY['email', 'phone']) AS f WHERE l.columns ->> f IS NOT NULL AND l.columns #>> ARRAY['customers', f] IS NULL)
		THEN
			found_keys := ARRAY(SELECT r::dunning.item_key FROM _dunning.read_texts(reader,
				format('SELECT dunning.item_key(c.key)::text FROM %s AS c WHERE trim(c.email) <> '''' OR trim(c.phone) <> ''''', _dunning.view_name('customers', l.id))) AS r);
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
			WHERE (i.open_amount = 0) IS NOT TRUE),
		lost AS MATERIALIZED (
			SELECT u.payments, u.amount FROM dunning.ledger AS s CROSS JOIN LATERAL _dunning.unmatched_payments(s) AS u WHERE s.ledger = wanted)
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
		JOIN (SELECT s.ledger, s.columns ->> 'amount' IS NOT NULL AS amounts, s.columns ->> 'issued_on' IS NOT NULL AS days, s.columns ->> 'currency' IS NOT NULL AS currencies
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
				ELSE coalesce(f.columns ->> 'email', f.columns ->> 'phone', f.columns #>> '{customers,email}', f.columns #>> '{customers,phone}') IS NOT NULL AND d.address = '' END
		UNION ALL
		SELECT wanted, r.item, NULL, 'repeated key', format('The key is there more than once, with part %s: what is read of the item counts for each row.', r.part)
		FROM _dunning.repeated_items(wanted, find_problems.as_of) AS r
		UNION ALL
		SELECT wanted, NULL, NULL, 'unmatched payments', format('%s payment(s) of %s in all name no item, or one that is not there, and pay nothing.', lost.payments, lost.amount)
		FROM lost WHERE lost.payments > 0
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
	PERFORM _dunning.need_ledger(wanted);
	FOR one IN SELECT s.ledger FROM dunning.ledger AS s WHERE s.ledger = coalesce(wanted, s.ledger) AND s.state = 'adopted' ORDER BY s.ledger LOOP
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

-- The views follow a column that is renamed; the mapping has its name of before.
CREATE FUNCTION _dunning.mapping_changes(l dunning.ledger) RETURNS text[]
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN ARRAY(
		SELECT format('column "%s" of %s is gone', m.column_name, r.relation)
		FROM (VALUES (1, 'items', l.relation), (2, 'payments', l.payments), (3, 'customers', l.customers)) AS r (place, scope, relation)
		JOIN pg_class AS c ON c.oid = r.relation
		JOIN dunning.ledger_field AS f ON f.scope = r.scope
		CROSS JOIN LATERAL _dunning.mapped(l.columns, r.scope, f.field) AS m (column_name)
		WHERE m.column_name IS NOT NULL
			AND NOT (f.field IN ('currency', 'company_currency') AND m.column_name ~ '^[A-Z]{3}$')	-- one code for all
			AND NOT EXISTS (SELECT FROM _dunning.relation_columns(r.relation) AS rc WHERE rc.column_name = m.column_name)
		ORDER BY r.place, m.column_name);
COMMENT ON FUNCTION _dunning.mapping_changes(dunning.ledger) IS 'The columns of the mapping of a ledger that its tables no longer have by their names';

-- Volatile, since it catches errors
CREATE FUNCTION _dunning.reading_error(l dunning.ledger) RETURNS text
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	gone CONSTANT text := (SELECT string_agg(format('the %s are gone', r.scope), '; ' ORDER BY r.place)
		FROM (VALUES (1, 'items', l.relation), (2, 'payments', l.payments), (3, 'customers', l.customers)) AS r (place, scope, relation)
		WHERE r.relation IS NOT NULL AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = r.relation));
BEGIN
	IF gone IS NOT NULL THEN
		RETURN gone;
	ELSIF to_regprocedure(_dunning.ledger_function(l.id) || '(date)') IS NULL OR to_regprocedure(_dunning.ledger_function(l.id, true) || '(date)') IS NULL THEN
		RETURN 'a column or table that it read was dropped';
	END IF;
	PERFORM r FROM _dunning.read_texts(dunning.ledger_reader(l.ledger),
		format('SELECT count(i.open_amount)::text FROM %s(dunning.today()) AS i', _dunning.ledger_function(l.id, true))) AS r;
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
	remarks text[] := _dunning.mapping_changes(l);
BEGIN
	ledger := l.ledger;
	ok := broken IS NULL;
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
			THEN 'That role has to see all rows (by a policy for it, or BYPASSRLS) and to have SELECT; '
				'until then nothing of the ledger is raised, cancelled or claimed, and what is pending waits.'
			ELSE _dunning.distributed_hint() || format(' To have its reminders wait until then: SELECT dunning.release_ledger(%L, keep => true).', l.ledger) END;
	ELSIF ok AND remarks = '{}' THEN
		hint := NULL;
	ELSIF hint IS NULL THEN
		hint := CASE WHEN EXISTS (SELECT FROM pg_class AS c WHERE c.oid = l.relation)
			THEN format('Adopt it again with the columns as they are now, its history stays; they were: SELECT * FROM dunning.adopt(%L, ledger => %L, columns => %L, replace => true).',
				l.relation::text, l.ledger, l.columns)
			ELSE _dunning.adopt_again(l.ledger) END;
	END IF;
	problem := nullif(array_to_string(remarks || broken, '; '), '');
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
