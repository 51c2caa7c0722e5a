-- iDempiere and its relatives ADempiere and metasfresh, told apart by their
-- columns: invoices in c_invoice, instalments in c_invoicepayschedule, receipts
-- in c_payment, and what was applied to what in c_allocationline.
--
-- A document counts from its accounting date, as an allocation does and as in
-- the ERP's own open amount to a date.  The issue date stays the invoice's, for
-- due dates and letters: one that is posted later is taken back until then, and
-- one that is posted earlier has its accounting date as the issue date.
--
-- Where an allocation in another currency has no rate, what is open is not
-- known: then the item has no amount, rather than one that leaves it out.
--
-- The ids of the three tables are counted separately, so the key of an
-- instalment is 10,000,000,000 and its id, that of a receipt 20,000,000,000 and
-- its id; an id has ten digits at most.

INSERT INTO dunning.erp (name, title, description, shipped) VALUES
	('idempiere', 'iDempiere, ADempiere or metasfresh', 'each completed sales invoice or instalment of it, each credit memo, and each receipt for what is not allocated', true);

CREATE FUNCTION _dunning.erp_idempiere_detect(schema name) RETURNS TABLE (version text, sure numeric, evidence text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT CASE WHEN _dunning.erp_has(schema, 'c_invoice_candidate') THEN 'metasfresh'
				WHEN _dunning.erp_has(schema, 'c_invoice', 'c_invoice_uu') THEN 'iDempiere'
				ELSE 'ADempiere' END,
			CASE WHEN _dunning.erp_has(schema, 'ad_table') AND _dunning.erp_has(schema, 'ad_column') THEN 1.0 ELSE 0.8 END,
			'c_invoice with grandtotal, docstatus and ispayschedulevalid beside c_allocationline and c_payment'
		WHERE _dunning.erp_has(schema, 'c_invoice', 'c_invoice_id', 'documentno', 'c_bpartner_id', 'ad_client_id', 'ad_org_id', 'c_currency_id', 'c_doctype_id',
				'dateinvoiced', 'dateacct', 'grandtotal', 'issotrx', 'docstatus', 'ispayschedulevalid')
			AND _dunning.erp_has(schema, 'c_invoicepayschedule', 'c_invoicepayschedule_id', 'c_invoice_id', 'duedate', 'dueamt', 'isvalid')
			AND _dunning.erp_has(schema, 'c_allocationline', 'c_allocationline_id', 'c_allocationhdr_id', 'c_invoice_id', 'c_payment_id', 'amount', 'discountamt', 'writeoffamt')
			AND _dunning.erp_has(schema, 'c_allocationhdr', 'c_allocationhdr_id', 'ad_client_id', 'ad_org_id', 'dateacct', 'datetrx', 'c_currency_id', 'docstatus', 'isactive')
			AND _dunning.erp_has(schema, 'c_payment', 'c_payment_id', 'ad_client_id', 'ad_org_id', 'documentno', 'c_bpartner_id', 'c_currency_id', 'payamt', 'isreceipt', 'dateacct', 'docstatus')
			AND _dunning.erp_has(schema, 'c_doctype', 'c_doctype_id', 'docbasetype')
			AND _dunning.erp_has(schema, 'c_currency', 'c_currency_id', 'iso_code', 'stdprecision')
			AND _dunning.erp_has(schema, 'c_bpartner', 'c_bpartner_id', 'name');
	END;
COMMENT ON FUNCTION _dunning.erp_idempiere_detect(name) IS 'Whether a schema holds the tables of iDempiere, ADempiere or metasfresh, and of which';

CREATE FUNCTION _dunning.erp_idempiere_views(schema name, version text) RETURNS TABLE (view name, query text, description text)
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	terms CONSTANT boolean := _dunning.erp_has(schema, 'c_invoice', 'c_paymentterm_id')
		AND _dunning.erp_has(schema, 'c_paymentterm', 'c_paymentterm_id', 'netdays', 'isduefixed', 'fixmonthday', 'fixmonthcutoff', 'fixmonthoffset');
	books CONSTANT boolean := _dunning.erp_has(schema, 'ad_clientinfo', 'ad_client_id', 'c_acctschema1_id') AND _dunning.erp_has(schema, 'c_acctschema', 'c_acctschema_id', 'c_currency_id');
	rates CONSTANT boolean := _dunning.erp_has(schema, 'c_conversion_rate', 'c_currency_id', 'c_currency_id_to', 'c_conversiontype_id', 'validfrom', 'validto', 'multiplyrate', 'ad_client_id', 'ad_org_id', 'isactive');
	default_type CONSTANT boolean := _dunning.erp_has(schema, 'c_conversiontype', 'c_conversiontype_id', 'isdefault', 'ad_client_id');
	today CONSTANT text := 'dunning.today()';
	words jsonb;
	word text;
	item text;
	payment text;
	customer text;
BEGIN
	-- The rate between two currencies on a day as the ERP looks it up, of the
	-- type that the document names or else of the default one; 1 between the same.
	words := (SELECT jsonb_object_agg(r.word, format('CASE WHEN %1$s = %2$s THEN 1 ELSE %3$s END', r.from_currency, r.to_currency,
			CASE WHEN rates THEN format('(SELECT k.multiplyrate FROM {c_conversion_rate} AS k WHERE k.c_currency_id = %1$s AND k.c_currency_id_to = %2$s '
				'AND %3$s::date BETWEEN k.validfrom::date AND coalesce(k.validto::date, ''infinity'') AND k.isactive = ''Y'' '
				'AND k.ad_client_id IN (0, %4$s.ad_client_id) AND k.ad_org_id IN (0, %4$s.ad_org_id)%5$s '
				'ORDER BY k.ad_client_id DESC, k.ad_org_id DESC, k.validfrom DESC LIMIT 1)', r.from_currency, r.to_currency, r.day, r.document,
				CASE WHEN default_type THEN format(' AND k.c_conversiontype_id = coalesce(%2$s(SELECT y.c_conversiontype_id FROM {c_conversiontype} AS y '
					'WHERE y.isdefault = ''Y'' AND y.ad_client_id IN (0, %1$s.ad_client_id) ORDER BY y.ad_client_id DESC LIMIT 1))', r.document,
					CASE WHEN r.named AND _dunning.erp_has(schema, CASE r.document WHEN 'i' THEN 'c_invoice' ELSE 'c_payment' END, 'c_conversiontype_id')
						THEN format('nullif(%s.c_conversiontype_id, 0), ', r.document) ELSE '' END) ELSE '' END)
			ELSE 'NULL::numeric' END))
		FROM (VALUES
			('invoice to company', 'i.c_currency_id', 'f.c_currency_id', 'i.dateacct', 'i', true),
			('payment to company', 'p.c_currency_id', 'f.c_currency_id', 'p.dateacct', 'p', true),
			('allocation to invoice', 'h.c_currency_id', 'i.c_currency_id', 'h.datetrx', 'h', false),
			('allocation to payment', 'h.c_currency_id', 'p.c_currency_id', 'h.datetrx', 'h', false)) AS r (word, from_currency, to_currency, day, document, named));

	-- an invoice with all that is said of it, and a receipt
	words := words || jsonb_build_object(
		'sign', 'CASE WHEN substr(d.docbasetype, 3, 1) = ''C'' THEN -1 ELSE 1 END',
		'invoice', '{c_invoice} AS i JOIN {c_doctype} AS d ON d.c_doctype_id = i.c_doctype_id JOIN {c_currency} AS c ON c.c_currency_id = i.c_currency_id',
		'company of i', CASE WHEN books THEN ' LEFT JOIN {ad_clientinfo} AS a ON a.ad_client_id = i.ad_client_id LEFT JOIN {c_acctschema} AS f ON f.c_acctschema_id = a.c_acctschema1_id '
			'LEFT JOIN {c_currency} AS b ON b.c_currency_id = f.c_currency_id' ELSE ' LEFT JOIN {c_currency} AS b ON false LEFT JOIN {c_currency} AS f ON false' END,
		'org of i', CASE WHEN _dunning.erp_has(schema, 'ad_org', 'ad_org_id', 'name') THEN '(SELECT o.name::text FROM {ad_org} AS o WHERE o.ad_org_id = i.ad_org_id)' ELSE 'i.ad_org_id::text' END,
		'counted', concat_ws(' AND ', 'i.issotrx = ''Y'' AND i.docstatus IN (''CO'', ''CL'') AND d.docbasetype <> ''ARF''',
			CASE WHEN _dunning.erp_has(schema, 'c_invoice', 'isfinancial') THEN 'coalesce(i.isfinancial, ''Y'') <> ''N''' END),
		'many', '(i.ispayschedulevalid = ''Y'' AND EXISTS (SELECT FROM {c_invoicepayschedule} AS n WHERE n.c_invoice_id = i.c_invoice_id AND n.isvalid = ''Y''))',
		'allocated', 'h.isactive = ''Y'' AND h.docstatus IN (''CO'', ''CL'', ''RE'', ''VO'')',
		-- what is open of the whole is not known while one allocation is not
		'amount of i', '(CASE WHEN NOT EXISTS (SELECT FROM {c_allocationline} AS l JOIN {c_allocationhdr} AS h ON h.c_allocationhdr_id = l.c_allocationhdr_id '
			'WHERE l.c_invoice_id = i.c_invoice_id AND {allocated} AND {allocation to invoice} IS NULL) THEN {sign} * i.grandtotal END)',
		'amount of p', '(CASE WHEN NOT EXISTS (SELECT FROM {c_allocationline} AS l JOIN {c_allocationhdr} AS h ON h.c_allocationhdr_id = l.c_allocationhdr_id '
			'WHERE l.c_payment_id = p.c_payment_id AND {allocated} AND {allocation to payment} IS NULL) THEN - p.payamt END)',
		'issued', 'least(i.dateinvoiced::date, i.dateacct::date)',
		'posted later', 'CROSS JOIN LATERAL (VALUES (1, i.dateinvoiced::date), (-1, i.dateacct::date)) AS n (sign, date) WHERE i.dateacct::date > i.dateinvoiced::date AND ',
		'disputed', CASE WHEN _dunning.erp_has(schema, 'c_invoice', 'isindispute') THEN 'coalesce(i.isindispute = ''Y'', false)' ELSE 'false' END,
		'held', coalesce((SELECT string_agg(format('coalesce(%s, false)', g.held), ' OR ') FROM (VALUES
				('c_invoice', format('i.dunninggrace::date > %s', today)),
				('c_bpartner', format('(SELECT g.dunninggrace::date > %s FROM {c_bpartner} AS g WHERE g.c_bpartner_id = i.c_bpartner_id)', today))) AS g (relation, held)
			WHERE _dunning.erp_has(schema, g.relation, 'dunninggrace')), 'false'),
		-- the day that the payment term gives, a fixed day of a month or days from the invoice
		'terms', CASE WHEN terms THEN ' LEFT JOIN LATERAL (SELECT CASE WHEN t.isduefixed = ''Y'' THEN m.first - 1 + '
				'CASE WHEN t.fixmonthday >= 30 OR t.fixmonthday > m.days THEN m.days ELSE t.fixmonthday::integer END '
				'ELSE i.dateinvoiced::date + coalesce(t.netdays, 0)::integer END AS due '
			'FROM {c_paymentterm} AS t CROSS JOIN LATERAL (SELECT m.first, extract(day FROM m.first + interval ''1 month'' - interval ''1 day'')::integer AS days '
				'FROM (SELECT (date_trunc(''month'', i.dateinvoiced::date::timestamp) + make_interval(months => coalesce(t.fixmonthoffset, 0)::integer '
					'+ CASE WHEN extract(day FROM i.dateinvoiced::date) > t.fixmonthcutoff THEN 1 ELSE 0 END))::date AS first) AS m) AS m '
			'WHERE t.c_paymentterm_id = i.c_paymentterm_id) AS u ON true' ELSE '' END,
		'due', concat_ws(', ', CASE WHEN _dunning.erp_has(schema, 'c_invoice', 'duedate') THEN 'i.duedate::date' END, CASE WHEN terms THEN 'u.due' END, 'NULL::date'));

	item := 'SELECT i.c_invoice_id AS key, i.c_bpartner_id AS customer, {org of i} AS company, c.iso_code::text AS currency, i.documentno::text AS reference, '
		'{issued} AS issued_on, coalesce({due}, i.dateinvoiced::date) AS due_on, {amount of i} AS amount, '
		'b.iso_code::text AS company_currency, round({amount of i} * {invoice to company}, b.stdprecision::integer) AS company_amount, '
		'{held} AS held, {disputed} AS disputed, coalesce({due}) IS NOT NULL OR {sign} < 0 AS due_given, NULL::numeric AS document '
		'FROM {invoice}{company of i}{terms} WHERE {counted} AND NOT {many}';
	payment := 'SELECT l.c_invoice_id AS item, {applied} AS amount, round({applied} * {invoice to company}, b.stdprecision::integer) AS company_amount, h.dateacct::date AS date '
		'FROM {c_allocationline} AS l JOIN {c_allocationhdr} AS h ON h.c_allocationhdr_id = l.c_allocationhdr_id '
		'JOIN {c_invoice} AS i ON i.c_invoice_id = l.c_invoice_id JOIN {c_currency} AS c ON c.c_currency_id = i.c_currency_id{company of i} '
		'WHERE {allocated} AND i.issotrx = ''Y'' '
		'UNION ALL SELECT i.c_invoice_id, n.sign * {sign} * i.grandtotal, round(n.sign * {sign} * i.grandtotal * {invoice to company}, b.stdprecision::integer), n.date '
		'FROM {invoice}{company of i} {posted later} {counted} AND NOT {many}';

	-- Instalments between the running totals of the schedule: allocations fill
	-- them in the order of their due dates, and what is left over is the last one's.
	words := words || jsonb_build_object(
		'applied', 'round((l.amount + coalesce(l.discountamt, 0) + coalesce(l.writeoffamt, 0)) * {allocation to invoice}, c.stdprecision::integer)',
		'schedule', '{c_invoicepayschedule} AS x JOIN {c_invoice} AS i ON i.c_invoice_id = x.c_invoice_id JOIN {c_doctype} AS d ON d.c_doctype_id = i.c_doctype_id '
			'JOIN {c_currency} AS c ON c.c_currency_id = i.c_currency_id{company of i} '
			'CROSS JOIN LATERAL (SELECT {sign} AS sign, abs(i.grandtotal) AS total, '
				'coalesce(sum(abs(s.dueamt)) FILTER (WHERE (s.duedate, s.c_invoicepayschedule_id) < (x.duedate, x.c_invoicepayschedule_id)), 0) AS from_amount, '
				'count(*) FILTER (WHERE (s.duedate, s.c_invoicepayschedule_id) < (x.duedate, x.c_invoicepayschedule_id)) = 0 AS first, '
				'count(*) FILTER (WHERE (s.duedate, s.c_invoicepayschedule_id) > (x.duedate, x.c_invoicepayschedule_id)) = 0 AS last '
			'FROM {c_invoicepayschedule} AS s WHERE s.c_invoice_id = x.c_invoice_id AND s.isvalid = ''Y'') AS r',
		'scheduled', 'i.ispayschedulevalid = ''Y'' AND x.isvalid = ''Y''',
		'instalment', 'CROSS JOIN LATERAL (SELECT r.sign * CASE WHEN r.last THEN r.total - r.from_amount ELSE abs(x.dueamt) END AS amount) AS z');
	item := item || ' UNION ALL SELECT {instalment key}, i.c_bpartner_id, {org of i}, c.iso_code::text, i.documentno::text, '
		'{issued}, coalesce(x.duedate::date, i.dateinvoiced::date), CASE WHEN {amount of i} IS NOT NULL THEN z.amount END, '
		'b.iso_code::text, CASE WHEN {amount of i} IS NOT NULL THEN round(z.amount * {invoice to company}, b.stdprecision::integer) END, {held}, {disputed}, x.duedate IS NOT NULL OR r.sign < 0, x.c_invoice_id '
		'FROM {schedule} {instalment} '
		'WHERE {counted} AND {scheduled}';
	payment := payment || ' UNION ALL SELECT {instalment key}, r.sign * z.amount, round(r.sign * z.amount * {invoice to company}, b.stdprecision::integer), v.date '
		'FROM {schedule} CROSS JOIN LATERAL (SELECT h.dateacct::date AS date, r.sign * {applied} AS amount, '
			'sum(r.sign * {applied}) OVER (ORDER BY h.dateacct::date, l.c_allocationline_id) AS total '
			'FROM {c_allocationline} AS l JOIN {c_allocationhdr} AS h ON h.c_allocationhdr_id = l.c_allocationhdr_id '
			'WHERE l.c_invoice_id = x.c_invoice_id AND {allocated}) AS v '
		'CROSS JOIN LATERAL (SELECT _dunning.erp_share(v.total, v.amount, CASE WHEN NOT r.first THEN r.from_amount END, '
			'CASE WHEN NOT r.last THEN r.from_amount + abs(x.dueamt) END) AS amount) AS z '
		'WHERE {scheduled} AND i.issotrx = ''Y'' AND z.amount <> 0 '
		'UNION ALL SELECT {instalment key}, n.sign * z.amount, round(n.sign * z.amount * {invoice to company}, b.stdprecision::integer), n.date '
		'FROM {schedule} {instalment} {posted later} {counted} AND {scheduled}';

	-- Receipts, less what of them was allocated to anything
	item := item || ' UNION ALL SELECT {receipt key}, p.c_bpartner_id, {org of p}, c.iso_code::text, p.documentno::text, '
		'p.dateacct::date, p.dateacct::date, {amount of p}, b.iso_code::text, round({amount of p} * {payment to company}, b.stdprecision::integer), false, false, true, NULL '
		'FROM {c_payment} AS p JOIN {c_currency} AS c ON c.c_currency_id = p.c_currency_id{company of p} '
		'WHERE p.isreceipt = ''Y'' AND p.docstatus IN (''CO'', ''CL'') AND p.c_bpartner_id IS NOT NULL'
		|| CASE WHEN _dunning.erp_has(schema, 'c_payment', 'c_charge_id') THEN ' AND coalesce(p.c_charge_id, 0) = 0' ELSE '' END;
	payment := payment || ' UNION ALL SELECT {allocated receipt key}, - z.amount, round(- z.amount * {payment to company}, b.stdprecision::integer), h.dateacct::date '
		'FROM {c_allocationline} AS l JOIN {c_allocationhdr} AS h ON h.c_allocationhdr_id = l.c_allocationhdr_id '
		'JOIN {c_payment} AS p ON p.c_payment_id = l.c_payment_id JOIN {c_currency} AS c ON c.c_currency_id = p.c_currency_id{company of p} '
		'CROSS JOIN LATERAL (SELECT round(l.amount * {allocation to payment}, c.stdprecision::integer) AS amount) AS z '
		'WHERE {allocated} AND p.isreceipt = ''Y''';
	words := words || jsonb_build_object(
		'company of p', replace(words ->> 'company of i', 'i.ad_client_id', 'p.ad_client_id'),
		'org of p', replace(words ->> 'org of i', 'i.ad_org_id', 'p.ad_org_id'),
		'instalment key', '(''10000000000''::numeric + x.c_invoicepayschedule_id)',
		'receipt key', '(''20000000000''::numeric + p.c_payment_id)',
		'allocated receipt key', '(''20000000000''::numeric + l.c_payment_id)');

	customer := format('SELECT p.c_bpartner_id AS key, p.name::text AS name, %s AS email, %s AS phone, %s AS language, %s AS professional FROM {c_bpartner} AS p%s',
		'coalesce(' || concat_ws(', ', CASE WHEN _dunning.erp_has(schema, 'ad_user', 'ad_user_id', 'c_bpartner_id', 'email') THEN 'u.email' END,
			CASE WHEN _dunning.erp_has(schema, 'c_bpartner', 'email') THEN 'nullif(p.email, '''')' END, 'NULL') || ')::text',
		'coalesce(' || concat_ws(', ', CASE WHEN _dunning.erp_has(schema, 'ad_user', 'ad_user_id', 'c_bpartner_id', 'phone') THEN 'w.phone' END,
			CASE WHEN _dunning.erp_has(schema, 'c_bpartner', 'phone') THEN 'nullif(p.phone, '''')' END, 'NULL') || ')::text',
		CASE WHEN _dunning.erp_has(schema, 'c_bpartner', 'ad_language') THEN 'p.ad_language::text' ELSE 'NULL::text' END,
		CASE WHEN _dunning.erp_has(schema, 'c_bpartner', 'iscompany') THEN 'p.iscompany = ''Y''' ELSE 'NULL::boolean' END,
		(SELECT string_agg(format(' LEFT JOIN LATERAL (SELECT k.%1$I FROM {ad_user} AS k WHERE k.c_bpartner_id = p.c_bpartner_id AND k.%1$I <> ''''%2$s ORDER BY %3$sk.ad_user_id LIMIT 1) AS %4$s ON true',
				n.name, CASE WHEN _dunning.erp_has(schema, 'ad_user', 'isactive') THEN ' AND k.isactive = ''Y''' ELSE '' END,
				CASE WHEN _dunning.erp_has(schema, 'ad_user', 'isbilltocontact_default') THEN 'k.isbilltocontact_default = ''Y'' DESC, '
					WHEN _dunning.erp_has(schema, 'ad_user', 'isbillto') THEN 'k.isbillto = ''Y'' DESC, ' ELSE '' END, n.alias), '')
			FROM (VALUES ('email', 'u'), ('phone', 'w')) AS n (name, alias) WHERE _dunning.erp_has(schema, 'ad_user', 'ad_user_id', 'c_bpartner_id', n.name)));

	-- what a word stands for may hold other words; what is left are tables
	FOR word IN SELECT jsonb_object_keys(words) LOOP
		words := (SELECT jsonb_object_agg(o.key, replace(o.value, '{' || word || '}', words ->> word)) FROM jsonb_each_text(words) AS o);
		item := replace(item, '{' || word || '}', words ->> word);
		payment := replace(payment, '{' || word || '}', words ->> word);
	END LOOP;
	RETURN QUERY
		SELECT q.view, (SELECT string_agg(CASE WHEN part.n % 2 = 0 THEN format('%I.%I', schema, part.text) ELSE part.text END, ''
			ORDER BY part.n)
			FROM regexp_split_to_table(q.query, '[{}]') WITH ORDINALITY AS part (text, n)), q.description
		FROM (VALUES
			('item'::name, item, 'Completed sales invoices or their instalments, credit memos with a negative amount, and receipts; without drafts and what was reversed or voided'),
			('payment', payment, 'Allocations on their accounting date; what is applied of a receipt or credit memo takes from it on the same day; an invoice that is posted later counts from then'),
			('customer', customer, 'Business partners, with the address of the contact for bills or the first one')) AS q (view, query, description);
END
$$;
COMMENT ON FUNCTION _dunning.erp_idempiere_views(name, text) IS 'The views over the tables of iDempiere, ADempiere or metasfresh: items, payments and customers';

-- An item is an invoice, an instalment of the invoice that it names, or a receipt.
CREATE FUNCTION _dunning.erp_idempiere_columns(schema name, version text) RETURNS TABLE (view name, column_name name, expression text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT c.view, c.column_name, _dunning.erp_expression(schema, '', c.needs::jsonb, c.expression)
		FROM (VALUES
			('item', 'net_amount', '{"c_invoicetax": "c_invoice_id taxamt"}', '(SELECT _dunning.erp_net(v.amount, i.grandtotal - (SELECT coalesce(sum(t.taxamt), 0) FROM {c_invoicetax} AS t WHERE t.c_invoice_id = i.c_invoice_id), i.grandtotal) FROM {c_invoice} AS i WHERE i.c_invoice_id = coalesce(v.document, v.key))'),
			('item', 'attribute_seller', '{"c_invoice": "c_invoice_id salesrep_id", "ad_user": "ad_user_id name"}', '(SELECT u.name::text FROM {c_invoice} AS i JOIN {ad_user} AS u ON u.ad_user_id = i.salesrep_id WHERE i.c_invoice_id = coalesce(v.document, v.key))'),
			('customer', 'salesperson', '{"c_bpartner": "c_bpartner_id salesrep_id", "ad_user": "ad_user_id name"}', '(SELECT u.name::text FROM {c_bpartner} AS p JOIN {ad_user} AS u ON u.ad_user_id = p.salesrep_id WHERE p.c_bpartner_id = v.key)'),
			('customer', 'class', '{"c_bpartner": "c_bpartner_id c_bp_group_id", "c_bp_group": "c_bp_group_id name"}', '(SELECT g.name::text FROM {c_bpartner} AS p JOIN {c_bp_group} AS g ON g.c_bp_group_id = p.c_bp_group_id WHERE p.c_bpartner_id = v.key)'),
			('customer', 'attribute_region', '{"c_bpartner_location": "c_bpartner_location_id c_bpartner_id c_salesregion_id", "c_salesregion": "c_salesregion_id name"}', '(SELECT r.name::text FROM {c_bpartner_location} AS l JOIN {c_salesregion} AS r ON r.c_salesregion_id = l.c_salesregion_id WHERE l.c_bpartner_id = v.key ORDER BY l.c_bpartner_location_id LIMIT 1)')
			UNION ALL
			-- the address for bills before others
			SELECT 'customer', f.name, '{"c_bpartner_location": "c_bpartner_location_id c_bpartner_id c_location_id isactive isbillto", "c_location": "c_location_id address1 address2 address3 address4 postal city c_country_id", '
				'"c_country": "c_country_id countrycode"}',
				format('(SELECT %s FROM {c_bpartner_location} AS r JOIN {c_location} AS l ON l.c_location_id = r.c_location_id '
					'WHERE r.c_bpartner_id = v.key AND r.isactive = ''Y'' ORDER BY r.isbillto = ''Y'' DESC, r.c_bpartner_location_id LIMIT 1)', f.expression)
			FROM (VALUES ('address', 'nullif(concat_ws(E''\n'', nullif(btrim(l.address1), ''''), nullif(btrim(l.address2), ''''), nullif(btrim(l.address3), ''''), nullif(btrim(l.address4), '''')), '''')'),
				('postcode', 'nullif(btrim(l.postal), '''')'), ('city', 'nullif(btrim(l.city), '''')'),
				('country', '(SELECT n.countrycode::text FROM {c_country} AS n WHERE n.c_country_id = l.c_country_id)')) AS f (name, expression)
			UNION ALL
			VALUES ('customer', 'identifier', '{"c_bpartner": "c_bpartner_id taxid"}', '(SELECT nullif(btrim(p.taxid::text), '''') FROM {c_bpartner} AS p WHERE p.c_bpartner_id = v.key)'),
				('customer', 'identifier', '{"c_bpartner": "c_bpartner_id vataxid"}', '(SELECT nullif(btrim(p.vataxid::text), '''') FROM {c_bpartner} AS p WHERE p.c_bpartner_id = v.key)')) AS c (view, column_name, needs, expression);
	END;
COMMENT ON FUNCTION _dunning.erp_idempiere_columns(name, text) IS 'What else the tables of iDempiere, ADempiere or metasfresh say of items and customers';

-- The keys of instalments and receipts are expressions, so their look-ups need
-- indexes on these.
CREATE FUNCTION _dunning.erp_idempiere_indexes(schema name, version text) RETURNS TABLE (relation text, statement text, why text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT format('%I.%I', schema, n.name), s.statement, n.why
		FROM (VALUES
			('c_invoice', 'c_bpartner_id', NULL, 'otherwise the items of one customer need a scan'),
			('c_payment', 'c_bpartner_id', NULL, 'otherwise the receipts of one customer need a scan'),
			('c_invoicepayschedule', 'c_invoice_id', NULL, 'otherwise the instalments of one invoice need a scan'),
			('c_allocationline', 'c_invoice_id', NULL, 'otherwise what one invoice has received needs a scan'),
			('c_allocationline', 'c_payment_id', '20000000000', 'otherwise what was used of one receipt needs a scan'),
			('c_payment', 'c_payment_id', '20000000000', 'otherwise one item needs a scan of the receipts'),
			('c_invoicepayschedule', 'c_invoicepayschedule_id', '10000000000', 'otherwise one item needs a scan of the instalments'),
			('ad_user', 'c_bpartner_id', NULL, 'otherwise the contact of one customer needs a scan')) AS n (name, column_name, above, why)
		CROSS JOIN LATERAL (SELECT CASE WHEN n.above IS NULL THEN _dunning.erp_missing_index(schema, n.name, n.column_name)
			WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
				WHERE i.indrelid = pg_catalog.to_regclass(format('%I.%I', schema, n.name)) AND i.indisvalid AND i.indpred IS NULL
					AND pg_catalog.pg_get_expr(i.indexprs, i.indrelid) = format('(''%s''::numeric + %s)', n.above, n.column_name))
			THEN format('CREATE INDEX ON %I.%I ((%L::numeric + %I))', schema, n.name, n.above, n.column_name) END AS statement) AS s
		WHERE s.statement IS NOT NULL;
	END;
COMMENT ON FUNCTION _dunning.erp_idempiere_indexes(name, text) IS 'Indexes of iDempiere, ADempiere or metasfresh that matter and are missing';

CREATE FUNCTION _dunning.erp_idempiere_watch(schema name, version text) RETURNS TABLE (relation text, column_name text, why text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		-- the schema makes no difference
		SELECT n.name, n.column_name, n.why
		FROM (VALUES
			('c_invoice', 'c_invoice_id', 'an invoice that is paid or deleted has its pending reminders cancelled at once; of one that is reversed or voided dunning.unseen_reminders tells'),
			('c_allocationline', 'c_invoice_id', 'so has one to which a payment or credit is allocated; instalments follow with the next run')) AS n (name, column_name, why);
	END;
COMMENT ON FUNCTION _dunning.erp_idempiere_watch(name, text) IS 'The tables of iDempiere, ADempiere or metasfresh whose changes settle an invoice, and the column that names it';
