-- LedgerSMB, 1.6 and later; one database is one company.
--
-- An item is an approved receivable transaction; there are no instalments.  1.6
-- keeps amounts in the currency of the books, 1.7 that of the document, too.  What the
-- customer was invoiced in another currency 1.6 does not say, so that such an item is
-- on the aged balance, and is neither reminded nor claimed for.
-- What is open is what the receivable accounts hold for the transaction, so
-- that a day's open amount is the ledger's, whatever was posted.  From 1.11 on
-- a transaction says which one it voids: it is no item but settles that one,
-- where LedgerSMB's reports show both unless they are on one open item (1.14).
--
-- An overpayment is a negative item until it is used: until 1.13 a payment with
-- a transaction of its own, which is its key, and from 1.14 on an open item.
-- That has the negative of its number as its key, since transactions, whose
-- numbers are the other keys, are counted separately.

INSERT INTO dunning.erp (name, title, description, shipped) VALUES
	('ledgersmb', 'LedgerSMB', 'each approved receivable transaction, credit note and overpayment; what is open is what the receivable accounts hold for it', true);

CREATE FUNCTION _dunning.erp_ledgersmb_detect(schema name) RETURNS TABLE (version text, sure numeric, evidence text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT
			CASE WHEN _dunning.erp_has(schema, 'acc_trans', 'open_item_id') THEN '1.14 or later'
				WHEN NOT _dunning.erp_has(schema, 'acc_trans', 'amount_tc') THEN '1.6'
				WHEN _dunning.erp_has(schema, 'transactions', 'reversing') THEN '1.11 to 1.13'
				WHEN _dunning.erp_has(schema, 'transactions', 'transdate') THEN '1.8 to 1.10'
				ELSE '1.7' END,
			CASE WHEN _dunning.erp_has(schema, 'eca_to_contact', 'credit_id', 'contact_class_id', 'contact') THEN 1.0 ELSE 0.8 END,
			'ar has entity_credit_account and force_closed; acc_trans and account_link say what is open'
		WHERE _dunning.erp_has(schema, 'ar', 'invnumber', 'duedate', 'curr', 'entity_credit_account', 'on_hold', 'force_closed')
			-- each column is asked of the table on which the views look for it
			AND (_dunning.erp_has(schema, 'ar', 'id') OR _dunning.erp_has(schema, 'ar', 'trans_id'))
			AND CASE WHEN _dunning.erp_has(schema, 'acc_trans', 'amount_tc')
				THEN _dunning.erp_has(schema, 'ar', 'amount_bc', 'amount_tc') AND _dunning.erp_has(schema, 'acc_trans', 'amount_bc')
				ELSE _dunning.erp_has(schema, 'ar', 'amount') AND _dunning.erp_has(schema, 'acc_trans', 'amount') END
			AND (_dunning.erp_has(schema, 'ar', 'transdate') OR _dunning.erp_has(schema, 'transactions', 'transdate'))
			AND (_dunning.erp_has(schema, 'ar', 'approved') OR _dunning.erp_has(schema, 'transactions', 'approved'))
			AND (NOT _dunning.erp_has(schema, 'acc_trans', 'open_item_id')
				OR _dunning.erp_has(schema, 'ar', 'open_item_id') AND _dunning.erp_has(schema, 'transactions', 'approved'))
			AND _dunning.erp_has(schema, 'acc_trans', 'entry_id', 'trans_id', 'chart_id', 'transdate', 'approved')
			AND _dunning.erp_has(schema, 'transactions', 'id')
			AND _dunning.erp_has(schema, 'account_link', 'account_id', 'description')
			AND _dunning.erp_has(schema, 'entity_credit_account', 'id', 'entity_id', 'entity_class', 'language_code')
			AND _dunning.erp_has(schema, 'entity', 'id', 'name')
			AND _dunning.erp_has(schema, 'defaults', 'setting_key', 'value');
	END;
COMMENT ON FUNCTION _dunning.erp_ledgersmb_detect(name) IS 'The LedgerSMB that a schema holds; no row if none';

CREATE FUNCTION _dunning.erp_ledgersmb_views(schema name, version text) RETURNS TABLE (view name, query text, description text)
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	s CONSTANT name := erp_ledgersmb_views.schema;
	two CONSTANT boolean := _dunning.erp_has(s, 'acc_trans', 'amount_tc');
	by_item CONSTANT boolean := _dunning.erp_has(s, 'acc_trans', 'open_item_id');
	overpaid CONSTANT boolean := NOT by_item
		AND _dunning.erp_has(s, 'payment', 'id', 'gl_id', 'entity_credit_id', 'currency', 'payment_class', 'payment_date', 'reference')
		AND _dunning.erp_has(s, 'payment_links', 'payment_id', 'entry_id', 'type');
	overpaid_items CONSTANT boolean := by_item AND _dunning.erp_has(s, 'overpayment', 'open_item_id', 'eca_id')
		AND _dunning.erp_has(s, 'open_item', 'id', 'item_number') AND _dunning.erp_has(s, 'acc_trans', 'curr');
	voids CONSTANT boolean := _dunning.erp_has(s, 'transactions', 'reversing');
	own CONSTANT text := format('(SELECT split_part(d.value, '':'', 1) FROM %I.defaults AS d WHERE d.setting_key = ''curr'')', s);
	company CONSTANT text := format('coalesce((SELECT nullif(d.value, '''') FROM %I.defaults AS d WHERE d.setting_key = ''company_name''), current_database()::text)', s);
	-- where the columns are: the later versions moved some to the transaction
	key CONSTANT text := CASE WHEN _dunning.erp_has(s, 'ar', 'id') THEN 'id' ELSE 'trans_id' END;
	day CONSTANT text := CASE WHEN _dunning.erp_has(s, 'ar', 'transdate') THEN 'a.transdate' ELSE 'g.transdate' END;
	approved CONSTANT text := CASE WHEN _dunning.erp_has(s, 'ar', 'approved') THEN 'a.approved' ELSE 'g.approved' END;
	document text;
	line CONSTANT text := CASE WHEN two THEN 'ac.amount_tc' ELSE 'ac.amount' END;
	own_line CONSTANT text := CASE WHEN two THEN 'ac.amount_bc' ELSE 'ac.amount' END;
	accounts CONSTANT text := format('ANY (ARRAY(SELECT k.account_id FROM %I.account_link AS k WHERE k.description = %%L))', s);
	-- an address of the first of some kinds: the account's own, else that of the
	-- company or person
	contact CONSTANT text := (
		SELECT coalesce('coalesce(' || string_agg(format('(SELECT t.contact FROM %I.%I AS t WHERE t.%I = c.%I AND t.contact_class_id = ANY (%%1$L::integer[]) '
			'ORDER BY array_position(%%1$L::integer[], t.contact_class_id), t.contact LIMIT 1)', s, v.table_name, v.reference, v.column_name), ', ' ORDER BY v.table_name) || ')', 'NULL::text')
		FROM (VALUES ('eca_to_contact', 'credit_id', 'id'), ('entity_to_contact', 'entity_id', 'entity_id')) AS v (table_name, reference, column_name)
		WHERE _dunning.erp_has(s, v.table_name, v.reference, 'contact_class_id', 'contact'));
	lines text;
	its_lines text;
	opening text;
	credits text;
	voided text;
BEGIN
	document := format('%1$I.ar AS a', s)
		|| CASE WHEN 'g.approved' IN (approved) OR 'g.transdate' IN (day) THEN format(' JOIN %1$I.transactions AS g ON g.id = a.%2$I', s, key) ELSE '' END;
	-- by items, a payment is a transaction of its own that must be approved, too
	lines := format(CASE WHEN by_item THEN '%1$I.acc_trans AS ac JOIN %1$I.transactions AS n ON n.id = ac.trans_id AND n.approved'
		ELSE '%1$I.acc_trans AS ac' END, s);

	-- A document that voids or reduces another is no item of its own: its lines
	-- are the other's, unless that was closed by force or voids one itself.
	voided := format('FROM %1$I.transactions AS n JOIN %1$I.transactions AS m ON m.id = n.reversing AND m.reversing IS NULL '
		'JOIN %1$I.ar AS b ON b.%2$I = %%1$s.id WHERE %%2$s.id = a.%2$I AND %3$s', s, key, replace(replace(approved, 'a.', 'b.'), 'g.', '%1$s.'));
	opening := CASE WHEN by_item THEN format(' AND NOT EXISTS (SELECT FROM %1$I.ar AS b WHERE b.open_item_id = a.open_item_id AND b.%2$I < a.%2$I)', s, key) ELSE '' END
		|| CASE WHEN voids THEN format(' AND NOT EXISTS (SELECT ' || voided || ' AND b.force_closed IS NOT TRUE)', 'm', 'n') ELSE '' END;
	-- that it is not NULL lets LedgerSMB's own index serve
	its_lines := CASE WHEN by_item THEN 'ac.open_item_id IS NOT NULL AND ' ELSE '' END
		|| format(CASE WHEN voids THEN 'ac.%1$I = ANY (ARRAY[a.%2$I] || ARRAY(SELECT b.%2$I ' || format(voided, 'n', 'm') || '))' ELSE 'ac.%1$I = a.%2$I' END,
			CASE WHEN by_item THEN 'open_item_id' ELSE 'trans_id' END, CASE WHEN by_item THEN 'open_item_id' ELSE key END);

	-- the customers' open items of overpayments, each with the line that made it
	credits := format('%1$I.overpayment AS p
JOIN %1$I.entity_credit_account AS c ON c.id = p.eca_id AND c.entity_class = 2
CROSS JOIN LATERAL (SELECT ac.entry_id, ac.transdate, ac.curr::text AS curr, ac.amount_tc, ac.amount_bc
	FROM %2$s WHERE ac.open_item_id = p.open_item_id AND ac.approved IS NOT FALSE ORDER BY ac.entry_id LIMIT 1) AS o', s, lines);

	RETURN QUERY SELECT 'item'::name, format($q$
SELECT a.%2$I AS key, a.entity_credit_account AS customer, %3$s AS company, %4$s AS currency, a.invnumber AS reference,
	%5$s AS issued_on, coalesce(a.duedate, %5$s) AS due_on, %6$s AS amount, %7$s AS company_currency, %8$s AS company_amount,
	a.on_hold IS TRUE AS held, a.duedate IS NOT NULL AS due_given, a.curr::text AS document_currency, %11$s AS dunnable
FROM %1$s
WHERE %9$s AND a.force_closed IS NOT TRUE%10$s$q$,
		document, key, company, CASE WHEN two THEN 'a.curr::text' ELSE own END, day, CASE WHEN two THEN 'a.amount_tc' ELSE 'a.amount' END,
		own, CASE WHEN two THEN 'a.amount_bc' ELSE 'a.amount' END, approved, opening,
		CASE WHEN two THEN 'true' ELSE format('coalesce(a.curr::text = %s, true)', own) END)
		|| CASE WHEN NOT overpaid THEN '' ELSE format($q$
UNION ALL
SELECT p.gl_id, p.entity_credit_id, %2$s, %3$s, p.reference, p.payment_date, p.payment_date, o.amount, %4$s, o.company_amount,
	-- what reverses an overpayment is owed by nobody
	o.amount > 0, true, p.currency::text, true
FROM %1$I.payment AS p
CROSS JOIN LATERAL (SELECT - sum(%5$s) AS amount, - sum(%6$s) AS company_amount
	FROM %1$I.acc_trans AS ac WHERE ac.trans_id = p.gl_id AND ac.approved IS NOT FALSE AND ac.chart_id = %7$s HAVING count(*) > 0) AS o
WHERE p.payment_class = 2 AND p.gl_id IS NOT NULL$q$,
			s, company, CASE WHEN two THEN 'p.currency::text' ELSE own END, own, line, own_line, format(accounts, 'AR_overpayment')) END
		|| CASE WHEN NOT overpaid_items THEN '' ELSE format($q$
UNION ALL
SELECT - p.open_item_id, p.eca_id, %2$s, o.curr, i.item_number, o.transdate, o.transdate, - o.amount_tc, %3$s, - o.amount_bc,
	o.amount_tc < 0, true, o.curr, true
FROM %4$s
JOIN %1$I.open_item AS i ON i.id = p.open_item_id$q$,
			s, company, own, credits) END,
		'Approved receivable transactions' || CASE WHEN overpaid OR overpaid_items THEN ' and overpayments' ELSE '' END || ', in '
			|| CASE WHEN two THEN 'the currency of the document' ELSE 'the currency of the books, without reminders and claims for documents in another currency' END || '; what was closed by force is left out'
			|| CASE WHEN overpaid OR overpaid_items THEN '' ELSE ', and so are overpayments, since the tables of none that is known are there' END;

	-- A day's lines are one movement, and the issue day's is without the amount as
	-- issued.  What exchange rates leave of a settled item is less than the books
	-- can show, so it goes on the day of the last line, as in LedgerSMB's reports.
	-- Nothing leads from a transaction to its payment by an index, so OFFSET 0 has
	-- that looked up for overpayments alone.
	RETURN QUERY SELECT 'payment'::name, format($q$
SELECT a.%1$I AS item, m.amount, m.company_amount, m.date
FROM %2$s
CROSS JOIN LATERAL (
	SELECT v.date, sum(v.amount) AS amount, sum(v.company_amount) AS company_amount
	FROM (
		SELECT %3$s AS date, %4$s AS amount, %5$s AS company_amount
		UNION ALL
		SELECT ac.transdate, %6$s, %7$s
		FROM %8$s
		WHERE %9$s AND ac.approved IS NOT FALSE AND ac.chart_id = %10$s) AS v
	GROUP BY v.date
	HAVING sum(v.amount) <> 0 OR sum(v.company_amount) <> 0) AS m
WHERE true%11$s
UNION ALL
SELECT a.%1$I, m.amount, m.company_amount, m.date
FROM %2$s
CROSS JOIN LATERAL (
	SELECT - sum(%6$s) AS amount, - sum(%7$s) AS company_amount, max(ac.transdate) AS date
	FROM %8$s
	WHERE %9$s AND ac.approved IS NOT FALSE AND ac.chart_id = %10$s
	HAVING sum(%7$s) <> 0 AND sum(round(%6$s, 2)) = 0 AND sum(round(%7$s, 2)) = 0) AS m
WHERE a.curr IS DISTINCT FROM %12$s%11$s$q$,
			key, document, day, CASE WHEN two THEN 'a.amount_tc' ELSE 'a.amount' END, CASE WHEN two THEN 'a.amount_bc' ELSE 'a.amount' END,
			line, own_line, lines, its_lines, format(accounts, 'AR'), opening, own)
		|| CASE WHEN NOT overpaid THEN '' ELSE format($q$
UNION ALL
SELECT g.id, u.amount, u.company_amount, u.transdate
FROM %1$I.transactions AS g
CROSS JOIN LATERAL (SELECT %2$s AS amount, %3$s AS company_amount, ac.transdate
	FROM %1$I.payment AS p
	JOIN %1$I.payment_links AS pl ON pl.payment_id = p.id
	JOIN %1$I.acc_trans AS ac ON ac.entry_id = pl.entry_id
	WHERE p.gl_id = g.id AND p.payment_class = 2 AND pl.type = 0 AND ac.approved IS NOT FALSE AND ac.chart_id = %4$s
	OFFSET 0) AS u
WHERE EXISTS (SELECT FROM %1$I.account_link AS k WHERE k.description = 'AR_overpayment')
	AND EXISTS (SELECT FROM %1$I.acc_trans AS ac WHERE ac.trans_id = g.id AND ac.chart_id = %4$s)$q$,
			s, line, own_line, format(accounts, 'AR_overpayment')) END
		|| CASE WHEN NOT overpaid_items THEN '' ELSE format($q$
UNION ALL
SELECT - p.open_item_id, u.amount, u.company_amount, u.transdate
FROM %1$s
CROSS JOIN LATERAL (SELECT ac.amount_tc AS amount, ac.amount_bc AS company_amount, ac.transdate
	FROM %2$s
	WHERE ac.open_item_id = p.open_item_id AND ac.entry_id <> o.entry_id AND ac.approved IS NOT FALSE) AS u$q$,
			credits, lines) END,
		'What the receivable accounts hold for an item, by the dates of the ledger, less the amount as issued: what was paid';

	RETURN QUERY SELECT 'customer'::name, format($q$
SELECT c.id AS key, e.name, %2$s AS email, %3$s AS phone, c.language_code::text AS language, %4$s AS professional
FROM %1$I.entity_credit_account AS c
LEFT JOIN %1$I.entity AS e ON e.id = c.entity_id
WHERE c.entity_class = 2$q$, s,
		-- e-mail for bills or at all; telephones
		format(contact, '{15,12}'), format(contact, '{1,2,3,11}'),
		CASE WHEN _dunning.erp_has(s, 'company', 'entity_id') AND _dunning.erp_has(s, 'person', 'entity_id') THEN format(
			'CASE WHEN EXISTS (SELECT FROM %1$I.company AS f WHERE f.entity_id = e.id) THEN true WHEN EXISTS (SELECT FROM %1$I.person AS f WHERE f.entity_id = e.id) THEN false END',
			s) ELSE 'NULL::boolean' END),
		'Customer accounts with the name and the contacts of their company or person';
END
$$;
COMMENT ON FUNCTION _dunning.erp_ledgersmb_views(name, text) IS 'The views over a LedgerSMB: items, movements and customer accounts';

-- The salesperson is that of the customer; who sold is noted with the transaction.
CREATE FUNCTION _dunning.erp_ledgersmb_columns(schema name, version text) RETURNS TABLE (view name, column_name name, expression text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT c.view, c.column_name, _dunning.erp_expression(schema, '', c.needs::jsonb, c.expression)
		FROM (VALUES
			('item', 'net_amount', '{"ar": "id netamount_tc amount_tc"}', '(SELECT _dunning.erp_net(v.amount, a.netamount_tc, a.amount_tc) FROM {ar} AS a WHERE a.id = v.key)'),
			('item', 'net_amount', '{"ar": "id netamount amount"}', '(SELECT _dunning.erp_net(v.amount, a.netamount, a.amount) FROM {ar} AS a WHERE a.id = v.key)'),
			('item', 'net_amount', '{"ar": "trans_id netamount_tc amount_tc"}', '(SELECT _dunning.erp_net(v.amount, a.netamount_tc, a.amount_tc) FROM {ar} AS a WHERE a.trans_id = v.key)'),
			('item', 'net_amount', '{"ar": "trans_id netamount amount"}', '(SELECT _dunning.erp_net(v.amount, a.netamount, a.amount) FROM {ar} AS a WHERE a.trans_id = v.key)'),
			('item', 'attribute_seller', '{"ar": "id person_id"}', '(SELECT e.name FROM {ar} AS a JOIN {entity} AS e ON e.id = a.person_id WHERE a.id = v.key)'),
			('item', 'attribute_seller', '{"ar": "trans_id person_id"}', '(SELECT e.name FROM {ar} AS a JOIN {entity} AS e ON e.id = a.person_id WHERE a.trans_id = v.key)'),
			('customer', 'salesperson', '{"entity_credit_account": "id employee_id"}', '(SELECT e.name FROM {entity_credit_account} AS c JOIN {entity} AS e ON e.id = c.employee_id WHERE c.id = v.key)'),
			('customer', 'class', '{"entity_credit_account": "id business_id", "business": "id description"}', '(SELECT b.description FROM {entity_credit_account} AS c JOIN {business} AS b ON b.id = c.business_id WHERE c.id = v.key)'),
			('customer', 'attribute_region', '{"eca_to_location": "location_id location_class credit_id", "location": "id state"}', '(SELECT nullif(btrim(l.state), '''') FROM {eca_to_location} AS r JOIN {location} AS l ON l.id = r.location_id WHERE r.credit_id = v.key ORDER BY r.location_class, l.id LIMIT 1)')
			UNION ALL
			-- the account's own address before that of the company or person, for bills before others
			SELECT 'customer', f.name, replace('{"eca_to_location": "location_id location_class credit_id", "entity_to_location": "location_id location_class entity_id", '
				'"location": "id line_one line_two line_three city mail_code country_id@", "country": "id short_name"}', '@', o.column_name),
				format('(SELECT %s FROM (SELECT 1 AS nth, r.location_class, r.location_id FROM {eca_to_location} AS r WHERE r.credit_id = v.key '
					'UNION ALL SELECT 2, r.location_class, r.location_id FROM {entity_to_location} AS r JOIN {entity_credit_account} AS c ON c.entity_id = r.entity_id WHERE c.id = v.key) AS r '
					'JOIN {location} AS l ON l.id = r.location_id%s ORDER BY r.nth, array_position(ARRAY[1, 5, 4, 2, 3], r.location_class), l.id LIMIT 1)', f.expression, o.condition)
			FROM (VALUES ('address', 'nullif(concat_ws(E''\n'', nullif(btrim(l.line_one), ''''), nullif(btrim(l.line_two), ''''), nullif(btrim(l.line_three), '''')), '''')'),
				('postcode', 'nullif(btrim(l.mail_code), '''')'), ('city', 'nullif(btrim(l.city), '''')'),
				('country', '(SELECT n.short_name FROM {country} AS n WHERE n.id = l.country_id)')) AS f (name, expression)
			CROSS JOIN (VALUES (' active', ' AND l.active IS NOT FALSE'), ('', '')) AS o (column_name, condition)
			UNION ALL
			VALUES ('customer', 'identifier', '{"company": "entity_id tax_id sales_tax_id"}', '(SELECT coalesce(nullif(btrim(f.tax_id), ''''), nullif(btrim(f.sales_tax_id), '''')) '
				'FROM {company} AS f JOIN {entity_credit_account} AS c ON c.entity_id = f.entity_id WHERE c.id = v.key ORDER BY f.entity_id LIMIT 1)')) AS c (view, column_name, needs, expression);
	END;
COMMENT ON FUNCTION _dunning.erp_ledgersmb_columns(name, text) IS 'What else the tables of a LedgerSMB say of items and customers';

CREATE FUNCTION _dunning.erp_ledgersmb_indexes(schema name, version text) RETURNS TABLE (relation text, statement text, why text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT i.relation, m.statement, i.why
		FROM (VALUES
			('ar', 'entity_credit_account', NULL, 'otherwise the items of one customer need a scan'),
			('acc_trans', 'trans_id', false, 'otherwise what an item has received needs a scan'),
			('acc_trans', 'open_item_id', true, 'otherwise what an item has received needs a scan'),
			('ar', 'open_item_id', true, 'otherwise the other documents of an item need a scan'),
			('transactions', 'reversing', NULL, 'otherwise what voids an item needs a scan'),
			('payment', 'entity_credit_id', false, 'otherwise the overpayments of one customer need a scan'),
			('payment', 'gl_id', false, 'otherwise each overpayment needs a scan'),
			('payment_links', 'payment_id', false, 'otherwise what an overpayment was used for needs a scan'),
			('overpayment', 'eca_id', true, 'otherwise the overpayments of one customer need a scan')) AS i (relation, column_name, by_item, why)
		CROSS JOIN LATERAL (SELECT _dunning.erp_missing_index(schema, i.relation, i.column_name) AS statement) AS m
		WHERE m.statement IS NOT NULL
			AND coalesce(i.by_item = _dunning.erp_has(schema, 'acc_trans', 'open_item_id'), true)
			-- LedgerSMB's own leave out the NULLs, which no look-up asks for
			AND NOT EXISTS (SELECT FROM pg_catalog.pg_index AS x
				JOIN pg_catalog.pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0] AND a.attname = i.column_name
				WHERE x.indrelid = pg_catalog.to_regclass(format('%I.%I', schema, i.relation)) AND x.indisvalid
					AND pg_catalog.pg_get_expr(x.indpred, x.indrelid) = format('(%I IS NOT NULL)', i.column_name))
		UNION ALL
		-- the key of an overpayment is an expression
		SELECT 'overpayment', format('CREATE INDEX ON %I.overpayment ((- open_item_id))', schema), 'otherwise one item needs a scan of the overpayments'
		WHERE _dunning.erp_has(schema, 'acc_trans', 'open_item_id') AND _dunning.erp_has(schema, 'overpayment', 'open_item_id', 'eca_id')
			AND NOT EXISTS (SELECT FROM pg_catalog.pg_index AS x
				WHERE x.indrelid = pg_catalog.to_regclass(format('%I.overpayment', schema)) AND x.indisvalid AND x.indpred IS NULL
					AND pg_catalog.pg_get_expr(x.indexprs, x.indrelid) = '(- open_item_id)');
	END;
COMMENT ON FUNCTION _dunning.erp_ledgersmb_indexes(name, text) IS 'The indexes that matter to the views and that a LedgerSMB lacks';

CREATE FUNCTION _dunning.erp_ledgersmb_watch(schema name, version text) RETURNS TABLE (relation text, column_name text, why text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT w.relation, w.column_name, w.why
		FROM (VALUES
			('acc_trans', 'trans_id', 'an item whose payment is posted has its pending reminders cancelled at once'
				|| CASE WHEN _dunning.erp_has(schema, 'transactions', 'reversing') THEN '; one that is voided, with the next run' ELSE '' END),
			('ar', CASE WHEN _dunning.erp_has(schema, 'ar', 'id') THEN 'id' ELSE 'trans_id' END, 'so has one that is deleted; of one that is closed by force dunning.unseen_reminders tells')) AS w (relation, column_name, why)
		-- later on a payment is a transaction of its own, which names no item
		WHERE w.relation = 'ar' OR NOT _dunning.erp_has(schema, 'acc_trans', 'open_item_id');
	END;
COMMENT ON FUNCTION _dunning.erp_ledgersmb_watch(name, text) IS 'The tables of a LedgerSMB whose changes settle an item, and their column that is its key';
