-- ERPNext: what is owed is in "tabPayment Ledger Entry" (14 and later) or in
-- "tabGL Entry" (before).  An entry of a receivable account belongs to the
-- voucher that it is against; one against its own voucher makes an item.

INSERT INTO dunning.erp (name, title, description, shipped) VALUES
	('erpnext', 'ERPNext', 'each submitted sales invoice or term of its payment schedule, each return of its own, and what payments and journal entries leave unallocated', true);

CREATE FUNCTION _dunning.erp_erpnext_detect(schema name) RETURNS TABLE (version text, sure numeric, evidence text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT CASE WHEN _dunning.erp_has(schema, 'tabGL Entry', 'debit_in_reporting_currency') THEN '16 or later'
				WHEN _dunning.erp_has(schema, 'tabAdvance Payment Ledger Entry') THEN '15 or later'
				WHEN _dunning.erp_has(schema, 'tabPayment Ledger Entry', 'against_voucher_no') THEN '14 or later'
				ELSE '13' END,
			CASE WHEN _dunning.erp_has(schema, 'tabDocType', 'name') AND _dunning.erp_has(schema, 'tabPayment Entry', 'name') THEN 1.0 ELSE 0.8 END,
			CASE WHEN _dunning.erp_has(schema, 'tabPayment Ledger Entry', 'against_voucher_no') THEN '"tabSales Invoice" and "tabPayment Ledger Entry" with against_voucher_no'
				ELSE '"tabSales Invoice" and "tabGL Entry" with against_voucher' END
		WHERE _dunning.erp_has(schema, 'tabSales Invoice', 'name', 'docstatus', 'customer', 'company', 'posting_date', 'due_date', 'currency', 'conversion_rate', 'is_return')
			AND _dunning.erp_has(schema, 'tabCustomer', 'name', 'customer_name')
			AND CASE WHEN _dunning.erp_has(schema, 'tabPayment Ledger Entry', 'against_voucher_no')
				THEN _dunning.erp_has(schema, 'tabPayment Ledger Entry', 'name', 'posting_date', 'company', 'account_type', 'account', 'party_type', 'party', 'voucher_type', 'voucher_no',
					'against_voucher_type', 'amount', 'account_currency', 'amount_in_account_currency', 'delinked')
				ELSE _dunning.erp_has(schema, 'tabAccount', 'name', 'account_type')
					AND _dunning.erp_has(schema, 'tabGL Entry', 'name', 'posting_date', 'company', 'account', 'party_type', 'party', 'voucher_type', 'voucher_no', 'against_voucher_type',
						'against_voucher', 'debit', 'credit', 'debit_in_account_currency', 'credit_in_account_currency', 'account_currency', 'is_cancelled') END;
	END;
COMMENT ON FUNCTION _dunning.erp_erpnext_detect(name) IS 'Whether a schema holds the tables of ERPNext, and of which time';

CREATE FUNCTION _dunning.erp_erpnext_views(schema name, version text) RETURNS TABLE (view name, query text, description text)
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	by_payment_ledger CONSTANT boolean := _dunning.erp_has(schema, 'tabPayment Ledger Entry', 'against_voucher_no');
	entry CONSTANT text := CASE WHEN by_payment_ledger THEN 'tabPayment Ledger Entry' ELSE 'tabGL Entry' END;
	scheduled CONSTANT boolean := _dunning.erp_has(schema, 'tabPayment Schedule', 'name', 'parent', 'parenttype', 'idx', 'due_date', 'payment_amount');
	returned CONSTANT boolean := _dunning.erp_has(schema, 'tabSales Invoice', 'return_against');
	contacts CONSTANT boolean := _dunning.erp_has(schema, 'tabDynamic Link', 'parent', 'parenttype', 'link_doctype', 'link_name')
		AND _dunning.erp_has(schema, 'tabContact', 'name', 'email_id', 'mobile_no', 'phone', 'is_primary_contact');
	words jsonb;
	word record;
	brought text;
	terms text;
	refunds text := '';
	many text := 'false';
	item text;
	payment text;
	language text;
BEGIN
	-- What an entry is called in the table that holds it.  A live entry is one
	-- of a receivable account and not cancelled; an own one is against its own
	-- voucher, another one is against some other.
	words := jsonb_build_object(
		'entries', format('%I.%I', schema, entry),
		'invoices', format('%I.%I', schema, 'tabSales Invoice'),
		'schedule', format('%I.%I', schema, 'tabPayment Schedule'),
		'base', CASE WHEN _dunning.erp_has(schema, 'tabPayment Schedule', 'base_payment_amount') THEN 's.base_payment_amount' ELSE 's.payment_amount * si.conversion_rate' END)
		|| CASE WHEN by_payment_ledger THEN jsonb_build_object(
			'amount', 'e.amount_in_account_currency', 'company amount', 'e.amount', 'against', 'against_voucher_no')
		ELSE jsonb_build_object(
			'amount', '(e.debit_in_account_currency - e.credit_in_account_currency)', 'company amount', '(e.debit - e.credit)', 'against', 'against_voucher') END
		|| jsonb_build_object('due', CASE WHEN _dunning.erp_has(schema, entry, 'due_date') THEN 'e.due_date' ELSE 'NULL::date' END)
		|| (SELECT jsonb_object_agg(w.word || ' ' || alias, replace(w.meaning, '@', alias))
			FROM unnest(ARRAY['e', 'o', 'q']) AS alias
			CROSS JOIN (VALUES
				('live', CASE WHEN by_payment_ledger THEN '@.account_type = ''Receivable'' AND @.delinked = 0'
					ELSE format('@.is_cancelled = 0 AND @.account IN (SELECT a.name FROM %I.%I AS a WHERE a.account_type = ''Receivable'')', schema, 'tabAccount') END),
				('own', CASE WHEN by_payment_ledger THEN '@.voucher_no = @.against_voucher_no AND @.voucher_type = @.against_voucher_type'
					ELSE '(coalesce(@.against_voucher, '''') = '''' OR @.voucher_no = @.against_voucher AND @.voucher_type = @.against_voucher_type)' END),
				('other', CASE WHEN by_payment_ledger THEN '(@.voucher_no <> @.against_voucher_no OR @.voucher_type <> @.against_voucher_type)'
					ELSE '(@.voucher_no <> @.against_voucher OR @.voucher_type <> @.against_voucher_type)' END)) AS w (word, meaning))
		|| (SELECT jsonb_object_agg('company of ' || alias, CASE WHEN _dunning.erp_has(schema, 'tabCompany', 'name', 'default_currency')
				THEN format('(SELECT c.default_currency::text FROM %I.%I AS c WHERE c.name = %s.company)', schema, 'tabCompany', alias) ELSE 'NULL::text' END)
			FROM unnest(ARRAY['e', 'si']) AS alias);
	IF scheduled THEN
		many := 'EXISTS (SELECT FROM {schedule} AS n WHERE n.parent = si.name AND n.parenttype = ''Sales Invoice'' AND n.idx > 1)';
	END IF;

	-- What an invoice brought: its own entries of its own sign.  Those of the
	-- other sign are what was paid or written off at once.
	brought := 'FROM {entries} AS e WHERE e.voucher_no = si.name AND e.voucher_type = ''Sales Invoice'' AND {live e} AND {own e} '
		'AND ({company amount} < 0) = (si.is_return = 1) HAVING count(*) > 0';
	item := 'SELECT si.name AS key, si.customer AS customer, si.company AS company, b.currency AS currency, si.name AS reference, si.posting_date AS issued_on, '
		'coalesce(si.due_date, si.posting_date) AS due_on, b.amount AS amount, {company of si} AS company_currency, b.company_amount AS company_amount, '
		'false AS held, false AS disputed, si.due_date IS NOT NULL OR si.is_return = 1 AS due_given, true AS dunnable, NULL::text AS document '
		'FROM {invoices} AS si CROSS JOIN LATERAL (SELECT min(e.account_currency) AS currency, trim_scale(sum({amount})) AS amount, trim_scale(sum({company amount})) AS company_amount '
		|| brought || ') AS b WHERE si.docstatus = 1 AND NOT ' || many;
	payment := 'SELECT e.{against} AS item, - trim_scale({amount}) AS amount, - trim_scale({company amount}) AS company_amount, e.posting_date AS date '
		'FROM {entries} AS e WHERE e.against_voucher_type = ''Sales Invoice'' AND {live e} AND {other e} '
		'UNION ALL SELECT e.voucher_no, - trim_scale({amount}), - trim_scale({company amount}), e.posting_date '
		'FROM {entries} AS e JOIN {invoices} AS si ON si.name = e.voucher_no WHERE e.voucher_type = ''Sales Invoice'' AND {live e} AND {own e} '
		'AND ({company amount} < 0) <> (si.is_return = 1)';
	-- A return that went to its invoice is no item: what is paid back of it is
	-- the invoice's, too.
	IF returned THEN
		payment := payment || ' UNION ALL SELECT n.return_against, - trim_scale({amount}), - trim_scale({company amount}), e.posting_date '
			'FROM {invoices} AS n JOIN {entries} AS e ON e.{against} = n.name AND e.against_voucher_type = ''Sales Invoice'' WHERE n.is_return = 1 AND n.return_against <> '''' AND {live e} AND {other e} '
			'AND NOT EXISTS (SELECT FROM {entries} AS q WHERE q.voucher_no = n.name AND q.voucher_type = ''Sales Invoice'' AND {live q} AND {own q})';
		-- of a term: most invoices have no return, which is found out first
		refunds := ' UNION ALL SELECT e.date, e.amount, e.company_amount, e.name FROM (SELECT n.name FROM {invoices} AS n WHERE n.return_against = x.parent AND n.is_return = 1 OFFSET 0) AS n '
			'CROSS JOIN LATERAL (SELECT e.posting_date AS date, - r.sign * {amount} AS amount, - r.sign * {company amount} AS company_amount, e.name '
				'FROM {entries} AS e WHERE e.{against} = n.name AND e.against_voucher_type = ''Sales Invoice'' AND {live e} AND {other e} '
				'AND (SELECT count(*) FROM {entries} AS q WHERE q.voucher_no = n.name AND q.voucher_type = ''Sales Invoice'' AND {live q} AND {own q}) = 0 OFFSET 0) AS e';
	END IF;

	IF scheduled THEN
		-- The terms of an invoice with more than one, between the running totals
		-- of the schedule; what rounding left over is the last one's.  ERPNext makes
		-- the schedule of the total less what was paid in advance or written off at
		-- once: what is missing in it by more than rounding is the first one's, which
		-- these payments fill.
		terms := 'FROM {schedule} AS x JOIN {invoices} AS si ON si.name = x.parent '
			'CROSS JOIN LATERAL (SELECT q.currency, q.sign, q.total, q.company_total, q.first, q.last, '
				'q.from_amount + CASE WHEN q.in_advance AND NOT q.first THEN q.missing ELSE 0 END AS from_amount, '
				'q.from_company + CASE WHEN q.in_advance AND NOT q.first THEN q.company_missing ELSE 0 END AS from_company, '
				'q.amount + CASE WHEN q.in_advance AND q.first THEN q.missing ELSE 0 END AS amount, '
				'q.company_amount + CASE WHEN q.in_advance AND q.first THEN q.company_missing ELSE 0 END AS company_amount '
			'FROM (SELECT b.currency, b.sign, b.total, b.company_total, '
				'coalesce(sum(t.amount) FILTER (WHERE t.before), 0) AS from_amount, coalesce(sum(t.company_amount) FILTER (WHERE t.before), 0) AS from_company, '
				'count(*) FILTER (WHERE t.before) = 0 AS first, count(*) FILTER (WHERE t.after) = 0 AS last, '
				'sum(t.amount) FILTER (WHERE t.this) AS amount, sum(t.company_amount) FILTER (WHERE t.this) AS company_amount, '
				'b.total - sum(t.amount) AS missing, b.company_total - sum(t.company_amount) AS company_missing, '
				-- rounding leaves less than a unit of the last decimal for each term
				'b.total - sum(t.amount) > count(*) * 0.1 ^ least(greatest(min_scale(b.total), max(min_scale(t.amount))), 2) AS in_advance '
			'FROM (SELECT min(e.account_currency) AS currency, CASE WHEN si.is_return = 1 THEN -1 ELSE 1 END AS sign, '
				'abs(sum({amount})) AS total, abs(sum({company amount})) AS company_total ' || brought || ') AS b '
			'CROSS JOIN LATERAL (SELECT abs(CASE WHEN b.currency = si.currency THEN s.payment_amount ELSE {base} END) AS amount, abs({base}) AS company_amount, '
				'(s.due_date, s.idx, s.name) < (x.due_date, x.idx, x.name) AS before, (s.due_date, s.idx, s.name) > (x.due_date, x.idx, x.name) AS after, s.name = x.name AS this '
				'FROM {schedule} AS s WHERE s.parent = x.parent AND s.parenttype = ''Sales Invoice'') AS t '
			'GROUP BY b.currency, b.sign, b.total, b.company_total) AS q) AS r ';
		item := item || ' UNION ALL SELECT x.name, si.customer, si.company, r.currency, si.name, si.posting_date, coalesce(x.due_date, si.due_date, si.posting_date), '
			'trim_scale(r.sign * CASE WHEN r.last THEN r.total - r.from_amount ELSE r.amount END), {company of si}, '
			'trim_scale(r.sign * CASE WHEN r.last THEN r.company_total - r.from_company ELSE r.company_amount END), '
			'false, false, coalesce(x.due_date, si.due_date) IS NOT NULL, true, x.parent '
			|| terms || 'WHERE x.parenttype = ''Sales Invoice'' AND si.docstatus = 1 AND ' || many;
		payment := payment || ' UNION ALL SELECT x.name, trim_scale(r.sign * z.amount), trim_scale(r.sign * z.company_amount), p.date '
			|| terms || 'CROSS JOIN LATERAL (SELECT m.date, m.amount, m.company_amount, sum(m.amount) OVER w AS total, sum(m.company_amount) OVER w AS company_total '
				'FROM (SELECT e.posting_date AS date, - r.sign * {amount} AS amount, - r.sign * {company amount} AS company_amount, e.name '
					'FROM {entries} AS e WHERE e.{against} = x.parent AND e.against_voucher_type = ''Sales Invoice'' AND {live e} AND {other e} '
					'UNION ALL SELECT e.posting_date, - r.sign * {amount}, - r.sign * {company amount}, e.name '
					'FROM {entries} AS e WHERE e.voucher_no = x.parent AND e.voucher_type = ''Sales Invoice'' AND {live e} AND {own e} '
					'AND ({company amount} < 0) <> (si.is_return = 1)'
					|| refunds || ') AS m WINDOW w AS (ORDER BY m.date, m.name)) AS p '
			'CROSS JOIN LATERAL (SELECT '
				'_dunning.erp_share(p.total, p.amount, CASE WHEN NOT r.first THEN r.from_amount END, CASE WHEN NOT r.last THEN r.from_amount + r.amount END) AS amount, '
				'_dunning.erp_share(p.company_total, p.company_amount, CASE WHEN NOT r.first THEN r.from_company END, '
					'CASE WHEN NOT r.last THEN r.from_company + r.company_amount END) AS company_amount) AS z '
			'WHERE x.parenttype = ''Sales Invoice'' AND (z.amount <> 0 OR z.company_amount <> 0) AND ' || many;
	END IF;

	-- Every other voucher, of which ERPNext never reminds: what a payment or a journal entry left unallocated,
	-- or allocated to what is not in the ledger, such as an order; an opening
	-- balance by hand.  Each entry is an item, since a journal entry has several
	-- customers.  What is against such a voucher goes to the first of its entries
	-- for that customer and account.
	item := item || ' UNION ALL SELECT e.name, e.party, e.company, e.account_currency, e.voucher_no, e.posting_date, '
		'coalesce({due}, e.posting_date), trim_scale({amount}), {company of e}, trim_scale({company amount}), false, false, '
		'{due} IS NOT NULL OR {company amount} <= 0, false, NULL '
		'FROM {entries} AS e WHERE e.voucher_type <> ''Sales Invoice'' AND e.party_type = ''Customer'' AND {live e} '
		'AND ({own e} OR {other e} AND e.against_voucher_type <> ''Sales Invoice'' AND NOT EXISTS (SELECT FROM {entries} AS q WHERE q.voucher_no = e.{against} '
			'AND q.voucher_type = e.against_voucher_type AND q.party = e.party AND q.account = e.account AND {live q} AND {own q}))';
	payment := payment || ' UNION ALL SELECT o.name, - trim_scale({amount}), - trim_scale({company amount}), e.posting_date '
		'FROM {entries} AS o JOIN {entries} AS e ON e.{against} = o.voucher_no AND e.against_voucher_type = o.voucher_type AND e.party = o.party AND e.account = o.account '
		'WHERE o.voucher_type <> ''Sales Invoice'' AND o.party_type = ''Customer'' AND {live e} AND {other e} AND {live o} AND {own o} '
		'AND NOT EXISTS (SELECT FROM {entries} AS q WHERE q.voucher_no = o.voucher_no AND q.voucher_type = o.voucher_type AND q.party = o.party AND q.account = o.account '
			'AND q.name < o.name AND {live q} AND {own q})';

	FOR word IN SELECT w.key, w.value FROM jsonb_each_text(words) AS w LOOP
		item := replace(item, '{' || word.key || '}', word.value);
		payment := replace(payment, '{' || word.key || '}', word.value);
	END LOOP;
	RETURN QUERY VALUES
		('item'::name, item, 'Sales invoices or the terms of their schedules, returns of their own, and what other vouchers of customers left unallocated'),
		('payment', payment, 'What is posted against each item; payments fill the terms of a schedule in the order of their due dates');

	language := CASE WHEN _dunning.erp_has(schema, 'tabCustomer', 'language') THEN 'c.language::text' ELSE 'NULL::text' END;
	RETURN QUERY SELECT 'customer'::name, format(
		'SELECT c.name AS key, c.customer_name::text AS name, coalesce(%1$s)::text AS email, coalesce(%2$s)::text AS phone, %3$s AS language, %4$s AS professional '
		'FROM %5$I.%6$I AS c%7$s',
		concat_ws(', ', CASE WHEN _dunning.erp_has(schema, 'tabCustomer', 'email_id') THEN 'nullif(c.email_id, '''')' END,
			CASE WHEN contacts THEN 'nullif(p.email_id, '''')' END, 'NULL::text'),
		concat_ws(', ', CASE WHEN _dunning.erp_has(schema, 'tabCustomer', 'mobile_no') THEN 'nullif(c.mobile_no, '''')' END,
			CASE WHEN contacts THEN 'nullif(p.phone, ''''), nullif(p.mobile_no, '''')' END, 'NULL::text'),
		language,
		CASE WHEN _dunning.erp_has(schema, 'tabCustomer', 'customer_type') THEN 'c.customer_type <> ''Individual''' ELSE 'NULL::boolean' END,
		schema, 'tabCustomer',
		CASE WHEN contacts THEN format(' LEFT JOIN LATERAL (SELECT k.email_id, k.phone, k.mobile_no FROM %1$I.%2$I AS d JOIN %1$I.%3$I AS k ON k.name = d.parent '
			'WHERE d.parenttype = ''Contact'' AND d.link_doctype = ''Customer'' AND d.link_name = c.name '
			'ORDER BY %4$sk.is_primary_contact DESC, k.name LIMIT 1) AS p ON true', schema, 'tabDynamic Link', 'tabContact',
			CASE WHEN _dunning.erp_has(schema, 'tabContact', 'is_billing_contact') THEN 'k.is_billing_contact DESC, ' ELSE '' END) ELSE '' END),
		'Customers, with the address of the contact for bills or the first one where they have none of their own'::text;
END
$$;
COMMENT ON FUNCTION _dunning.erp_erpnext_views(name, text) IS 'The views over the tables of ERPNext: items, payments and customers';

-- An item is an invoice or a term of the invoice that it names.
CREATE FUNCTION _dunning.erp_erpnext_columns(schema name, version text) RETURNS TABLE (view name, column_name name, expression text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT c.view, c.column_name, _dunning.erp_expression(schema, '', c.needs::jsonb, c.expression)
		FROM (VALUES
			('item', 'net_amount', '{"tabSales Invoice": "name net_total grand_total rounded_total"}', '(SELECT _dunning.erp_net(v.amount, i.net_total, coalesce(nullif(i.rounded_total, 0), i.grand_total)) FROM {tabSales Invoice} AS i WHERE i.name = coalesce(v.document, v.key))'),
			('item', 'attribute_seller', '{"tabSales Team": "parent parenttype idx sales_person"}', '(SELECT t.sales_person::text FROM {tabSales Team} AS t WHERE t.parent = coalesce(v.document, v.key) AND t.parenttype = ''Sales Invoice'' ORDER BY t.idx LIMIT 1)'),
			('customer', 'salesperson', '{"tabSales Team": "parent parenttype idx sales_person"}', '(SELECT t.sales_person::text FROM {tabSales Team} AS t WHERE t.parent = v.key AND t.parenttype = ''Customer'' ORDER BY t.idx LIMIT 1)'),
			('customer', 'class', '{"tabCustomer": "name customer_group"}', '(SELECT c.customer_group::text FROM {tabCustomer} AS c WHERE c.name = v.key)'),
			('customer', 'attribute_region', '{"tabCustomer": "name territory"}', '(SELECT c.territory::text FROM {tabCustomer} AS c WHERE c.name = v.key)')
			UNION ALL
			-- the preferred address for bills, then another one for bills
			SELECT 'customer', f.name, '{"tabDynamic Link": "parent parenttype link_doctype link_name", "tabAddress": "name address_line1 address_line2 city pincode country address_type is_primary_address disabled"}',
				format('(SELECT %s FROM {tabDynamic Link} AS d JOIN {tabAddress} AS a ON a.name = d.parent '
					'WHERE d.parenttype = ''Address'' AND d.link_doctype = ''Customer'' AND d.link_name = v.key AND a.disabled = 0 '
					'ORDER BY a.is_primary_address DESC, a.address_type = ''Billing'' DESC, a.name LIMIT 1)', f.expression)
			FROM (VALUES ('address', 'nullif(concat_ws(E''\n'', nullif(btrim(a.address_line1), ''''), nullif(btrim(a.address_line2), '''')), '''')'),
				('postcode', 'nullif(btrim(a.pincode), '''')'), ('city', 'nullif(btrim(a.city), '''')'), ('country', 'nullif(btrim(a.country), '''')')) AS f (name, expression)
			UNION ALL
			VALUES ('customer', 'identifier', '{"tabCustomer": "name tax_id"}', '(SELECT nullif(btrim(c.tax_id), '''') FROM {tabCustomer} AS c WHERE c.name = v.key)')) AS c (view, column_name, needs, expression);
	END;
COMMENT ON FUNCTION _dunning.erp_erpnext_columns(name, text) IS 'What else the tables of ERPNext say of items and customers';

CREATE FUNCTION _dunning.erp_erpnext_indexes(schema name, version text) RETURNS TABLE (relation text, statement text, why text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT format('%I.%I', schema, n.name), s.statement, n.why
		FROM (VALUES
			('tabSales Invoice', 'customer', 'otherwise the items of one customer need a scan'),
			('tabSales Invoice', 'return_against', 'otherwise the returns of one invoice need a scan'),
			('tabPayment Schedule', 'parent', 'otherwise the terms of one invoice need a scan'),
			('tabPayment Ledger Entry', 'voucher_no', 'otherwise the amount of one invoice needs a scan'),
			('tabPayment Ledger Entry', 'against_voucher_no', 'otherwise what one invoice has received needs a scan'),
			('tabPayment Ledger Entry', 'party', 'otherwise what one customer has unallocated needs a scan'),
			('tabGL Entry', 'voucher_no', 'otherwise the amount of one invoice needs a scan'),
			('tabGL Entry', 'against_voucher', 'otherwise what one invoice has received needs a scan'),
			('tabGL Entry', 'party', 'otherwise what one customer has unallocated needs a scan'),
			('tabDynamic Link', 'link_name', 'otherwise the contact of one customer needs a scan')) AS n (name, column_name, why)
		CROSS JOIN LATERAL (SELECT _dunning.erp_missing_index(schema, n.name, n.column_name) AS statement) AS s
		WHERE s.statement IS NOT NULL AND NOT (n.name = 'tabGL Entry' AND _dunning.erp_has(schema, 'tabPayment Ledger Entry'))
			-- ERPNext's own index on the links has the document type in front
			AND NOT (n.name = 'tabDynamic Link' AND _dunning.erp_missing_index(schema, n.name, 'link_doctype') IS NULL);
	END;
COMMENT ON FUNCTION _dunning.erp_erpnext_indexes(name, text) IS 'Indexes of ERPNext that matter and are missing';

CREATE FUNCTION _dunning.erp_erpnext_watch(schema name, version text) RETURNS TABLE (relation text, column_name text, why text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT n.name, n.column_name, n.why
		FROM (VALUES
			('tabSales Invoice', 'name', 'an invoice that is deleted has its pending reminders cancelled at once; of one that is cancelled dunning.unseen_reminders tells'),
			('tabPayment Ledger Entry', 'against_voucher_no', 'an invoice that is paid has its pending reminders cancelled at once, the terms of a schedule with the next run'),
			('tabGL Entry', 'against_voucher', 'an invoice that is paid has its pending reminders cancelled at once, the terms of a schedule with the next run')) AS n (name, column_name, why)
		WHERE _dunning.erp_has(schema, n.name, n.column_name) AND NOT (n.name = 'tabGL Entry' AND _dunning.erp_has(schema, 'tabPayment Ledger Entry'));
	END;
COMMENT ON FUNCTION _dunning.erp_erpnext_watch(name, text) IS 'The tables of ERPNext whose changes settle an invoice, and the column that names it';
