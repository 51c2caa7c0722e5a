-- What looks wrong in the books of ledgers.

-- A payment that pays nothing that is there leaves the receivable too high.
CREATE FUNCTION _dunning.unmatched_payments(l dunning.ledger, OUT payments bigint, OUT amount numeric)
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	pays CONSTANT text := _dunning.view_name('payments', l.adoption);
	items CONSTANT text := _dunning.view_name('items', l.adoption);
BEGIN
	payments := 0;
	IF l.payments IS NOT NULL AND l.erp IS NULL THEN
		SELECT split_part(r, ' ', 1)::bigint, nullif(split_part(r, ' ', 2), '')::numeric INTO payments, amount
		FROM _dunning.read_texts(_dunning.reader_of(_dunning.ledger_relations(l)), format(
			'SELECT concat(count(*), '' '', sum(p.amount)) FROM %s AS p WHERE p.item IS NULL OR NOT EXISTS (SELECT FROM %s AS i WHERE %s)',
			pays, items, _dunning.join_sql(pays, 'item', items, 'key', 'p', 'i'))) AS r;
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.unmatched_payments(dunning.ledger) IS 'How many payments of a ledger name no item, or one that is not there, and their sum';

-- Of a whole ledger nothing is computed that is not looked at: no history, no reference.
CREATE FUNCTION _dunning.facts_to_check(wanted name, as_of date, addressed boolean)
	RETURNS TABLE (ledger name, item dunning.item_key, customer dunning.item_key, customer_name text, currency text, issued_on date,
		due_on date, amount numeric, open_amount numeric, address text)
	LANGUAGE plpgsql ROWS 10000 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT i.ledger, i.item, i.customer, i.customer_name, i.currency, i.issued_on, i.due_on, i.amount, i.open_amount, %s '
			'FROM %s AS i WHERE (i.open_amount = 0) IS NOT TRUE',
		CASE WHEN addressed THEN 'coalesce(trim(i.email), '''') || coalesce(trim(i.phone), '''')' ELSE 'NULL::text' END,
		_dunning.items_source(wanted, as_of));
END
$$;
COMMENT ON FUNCTION _dunning.facts_to_check(name, date, boolean) IS
	'What _dunning.find_problems looks at of the open items of a ledger, with their addresses or NULL, read as dunning.ledger_reader says';

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
	unread_terms text[] := '{}';
	written text;
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
		-- texts that are no terms give no due date; each is read once
		IF EXISTS (SELECT FROM _dunning.relation_columns(l.relation) AS c
			WHERE c.column_name = l.columns ->> 'terms' AND c.type <> 'dunning.payment_terms'::regtype)
		THEN
			written := _dunning.text_sql(l.relation, 't', l.columns ->> 'terms');
			unread_terms := unread_terms || ARRAY(SELECT r FROM _dunning.read_texts(reader, format(
				'WITH w AS MATERIALIZED (SELECT DISTINCT %1$s AS terms FROM %2$s AS t), p AS MATERIALIZED (SELECT w.terms, dunning.terms_problem(w.terms) AS why FROM w WHERE trim(w.terms) <> '''') '
				'SELECT jsonb_build_array(dunning.item_key(%3$s)::text, format(''Its terms "%%s" cannot be read: %%s.'', left(p.terms, 200), p.why))::text FROM %2$s AS t JOIN p ON p.terms = %1$s WHERE p.why IS NOT NULL',
				written, l.relation, _dunning.key_sql(l.relation, 't', l.columns ->> 'key'))) AS r);
		END IF;
		IF coalesce(l.columns #>> '{customers,email}', l.columns #>> '{customers,phone}') IS NOT NULL
			AND NOT EXISTS (SELECT FROM unnest(ARRAY['email', 'phone']) AS f WHERE l.columns ->> f IS NOT NULL AND l.columns #>> ARRAY['customers', f] IS NULL)
		THEN
			found_keys := ARRAY(SELECT r::dunning.item_key FROM _dunning.read_texts(reader,
				format('SELECT dunning.item_key(c.key)::text FROM %s AS c WHERE trim(c.email) <> '''' OR trim(c.phone) <> ''''', _dunning.view_name('customers', l.adoption))) AS r);
			in_customers := in_customers || l.ledger;
			reached_ledgers := reached_ledgers || array_fill(l.ledger, ARRAY[cardinality(found_keys)]);
			reached_customers := reached_customers || found_keys;
		END IF;
	END LOOP;
	RETURN QUERY
		WITH o AS MATERIALIZED (
			SELECT i.*, y.decimals
			FROM _dunning.facts_to_check(wanted, find_problems.as_of, wanted <> ALL (in_customers)) AS i
			LEFT JOIN dunning.currency AS y ON y.code = i.currency),
		unread AS MATERIALIZED (
			SELECT (r::jsonb ->> 0)::dunning.item_key AS item, min(r::jsonb ->> 1) AS why FROM unnest(unread_terms) AS r GROUP BY 1),
		lost AS MATERIALIZED (
			SELECT u.payments, u.amount FROM dunning.ledger AS s CROSS JOIN LATERAL _dunning.unmatched_payments(s) AS u
				WHERE s.ledger = wanted)
		SELECT o.ledger, o.item, o.customer, p.problem,
			CASE p.problem
				WHEN 'no key' THEN 'The item cannot be told from others.'
				WHEN 'no customer' THEN 'Nobody owes the item.'
				WHEN 'no amount' THEN CASE WHEN o.amount IS NULL THEN 'What was issued is not known.' ELSE format('What was issued is %s, which is not a number.', o.amount) END
				WHEN 'no open amount' THEN CASE WHEN o.open_amount IS NULL THEN 'What is owed cannot be computed.'
					ELSE format('What is owed is %s, which is not a number: look at its payments.', o.open_amount) END
				WHEN 'no issue date' THEN 'The item counts on every past day.'
				WHEN 'no due date' THEN coalesce(u.why, CASE WHEN o.open_amount < 0 THEN 'The aged balance has this credit among what has no due date.' ELSE 'The item is never overdue.' END)
				WHEN 'due before issued' THEN format('It was issued on %s and fell due on %s.', to_char(o.issued_on, 'YYYY-MM-DD'), to_char(o.due_on, 'YYYY-MM-DD'))
				WHEN 'no currency' THEN 'Its amount is added to no other.'
				WHEN 'overpaid' THEN format('Of %s there is %s too much.', o.amount, - o.open_amount)
				WHEN 'overused' THEN format('Of a credit of %s there is %s used too much.', - o.amount, o.open_amount)
				WHEN 'more open than issued' THEN format('%s was issued and %s is open.', o.amount, o.open_amount)
			END
		FROM o
		JOIN (SELECT s.ledger, s.columns ->> 'amount' IS NOT NULL AS amounts, s.columns ->> 'issued_on' IS NOT NULL AS days,
			s.columns ->> 'currency' IS NOT NULL AS currencies
			FROM dunning.ledger AS s) AS f ON f.ledger = o.ledger
		LEFT JOIN unread AS u ON u.item = o.item
		CROSS JOIN LATERAL unnest(ARRAY[
			CASE WHEN o.item IS NULL THEN 'no key' END,
			CASE WHEN o.customer IS NULL THEN 'no customer' END,
			CASE WHEN (abs(o.amount) < 'Infinity') IS NOT TRUE AND f.amounts THEN 'no amount' END,
			CASE WHEN (abs(o.open_amount) < 'Infinity') IS NOT TRUE THEN 'no open amount' END,
			CASE WHEN o.issued_on IS NULL AND f.days THEN 'no issue date' END,
			CASE WHEN o.due_on IS NULL THEN 'no due date' END,
			CASE WHEN o.due_on < o.issued_on THEN 'due before issued' END,
			CASE WHEN o.currency IS NULL AND f.currencies THEN 'no currency' END,
			CASE WHEN NOT abs(o.open_amount) < 'Infinity' THEN NULL
				WHEN o.amount > 0 AND o.open_amount < 0 THEN 'overpaid'
				WHEN o.amount < 0 AND o.open_amount > 0 THEN 'overused'
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
				THEN NOT EXISTS (SELECT FROM unnest(reached_ledgers, reached_customers) AS r (ledger, customer) WHERE r.ledger = d.ledger
					AND r.customer = d.customer)
				ELSE coalesce(f.columns ->> 'email', f.columns ->> 'phone', f.columns #>> '{customers,email}', f.columns #>> '{customers,phone}') IS NOT NULL AND d.address = '' END
		UNION ALL
		SELECT wanted, r.item, NULL, 'repeated key', format('Several rows of the ledger have this key and part %s, so the item counts once for each row. Adopt a column that is unique as the field "key".', r.part)
		FROM _dunning.repeated_items(wanted, find_problems.as_of) AS r
		UNION ALL
		-- an ERP that keeps more decimals does so in many items
		SELECT wanted, NULL, NULL, 'finer than the currency', format('%s open amount(s) in %s have more decimals than its %s, such as %s of the item %s.',
			count(*), o.currency, o.decimals, (array_agg(trim_scale(o.open_amount) ORDER BY o.item::text COLLATE "C"))[1],
			min(o.item::text COLLATE "C"))
		FROM o WHERE o.open_amount <> round(o.open_amount, o.decimals) GROUP BY o.currency, o.decimals
		UNION ALL
		SELECT wanted, NULL, NULL, 'unknown currency', format('%s open item(s) are in "%s", which is no code of dunning.currency, so amounts are rounded to 2 decimals, such as of the item %s.',
			count(*), o.currency, min(o.item::text COLLATE "C"))
		FROM o WHERE o.open_amount <> 0 AND o.currency IS NOT NULL AND o.decimals IS NULL GROUP BY o.currency
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
			RETURN QUERY SELECT p.ledger, p.item, p.customer, p.problem, p.detail FROM _dunning.find_problems(one, try_problems.as_of) AS p
				WHERE p.problem IS NOT NULL;
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
