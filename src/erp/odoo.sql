-- Odoo, 14 to 19; the versions are told by their columns.
--
-- An item is a posted journal item of a receivable account: an instalment of an
-- invoice, a credit note, a payment or an entry by hand.  It counts from its
-- accounting date, and each partial reconciliation counts for both of the items
-- that it names, so that the items of a day add up to the general ledger.  The
-- instalments of a customer's invoice are one document.
--
-- With the module account_credit_control of OCA each item has a policy: that of
-- its document, else of its partner, else of its company.  Policies become dunning
-- procedures of their names; one that does nothing has its items never dunned, and
-- neither is an item without a due date, as in that module.

INSERT INTO dunning.erp (name, title, description, shipped) VALUES
	('odoo', 'Odoo', 'each posted journal item of a receivable account: instalments, credit notes, payments and entries by hand, which apply to each other by their partial reconciliations', true);

CREATE FUNCTION _dunning.erp_odoo_detect(schema name) RETURNS TABLE (version text, sure numeric, evidence text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		-- the latest column that a version brought tells it; no_followup does not,
		-- since a module gives it to 18, too
		SELECT
			CASE WHEN _dunning.erp_has(schema, 'account_move_line', 'collapse_composition') THEN '19'
				WHEN _dunning.erp_has(schema, 'account_account', 'code_store') THEN '18'
				WHEN _dunning.erp_has(schema, 'account_move', 'delivery_date') THEN '17'
				WHEN _dunning.erp_has(schema, 'account_account', 'account_type') THEN '16'
				WHEN _dunning.erp_has(schema, 'account_move', 'always_tax_exigible') THEN '15'
				ELSE '14' END,
			CASE WHEN _dunning.erp_has(schema, 'ir_module_module', 'name', 'state') THEN 1.0 ELSE 0.9 END,
			'account_move_line has date_maturity, balance and amount_currency; account_partial_reconcile has max_date and amounts in both currencies'
		WHERE _dunning.erp_has(schema, 'account_move', 'id', 'move_type', 'name', 'invoice_date', 'payment_reference', 'invoice_payment_term_id')
			AND _dunning.erp_has(schema, 'account_move_line', 'id', 'move_id', 'move_name', 'parent_state', 'account_id', 'partner_id', 'company_id', 'currency_id',
				'date', 'date_maturity', 'balance', 'amount_currency')
			AND _dunning.erp_has(schema, 'account_partial_reconcile', 'debit_move_id', 'credit_move_id', 'amount', 'debit_amount_currency', 'credit_amount_currency', 'max_date')
			AND (_dunning.erp_has(schema, 'account_account', 'id', 'name', 'account_type') OR _dunning.erp_has(schema, 'account_account', 'id', 'name', 'internal_type'))
			AND _dunning.erp_has(schema, 'res_partner', 'id', 'name', 'email', 'lang', 'commercial_partner_id', 'is_company', 'vat', 'parent_id', 'type', 'active')
			AND _dunning.erp_has(schema, 'res_company', 'id', 'name', 'currency_id')
			AND _dunning.erp_has(schema, 'res_currency', 'id', 'name')
			AND _dunning.erp_has(schema, 'account_payment_term', 'id', 'name');
	END;
COMMENT ON FUNCTION _dunning.erp_odoo_detect(name) IS 'The Odoo that a schema holds; no row if none, or one before 14';

CREATE FUNCTION _dunning.erp_odoo_has_policies(schema name) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN _dunning.erp_has(schema, 'credit_control_policy', 'id', 'name', 'do_nothing')
		AND _dunning.erp_has(schema, 'credit_control_policy_level', 'policy_id', 'level', 'name', 'computation_mode', 'delay_days', 'channel');
COMMENT ON FUNCTION _dunning.erp_odoo_has_policies(name) IS 'Whether an Odoo has the policies of the module account_credit_control of OCA';

-- What the name of something is in SQL, which is a text, or one text a language.
CREATE FUNCTION _dunning.erp_odoo_name(schema name, relation text, alias text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT CASE WHEN a.atttypid = 'jsonb'::regtype
			THEN format('coalesce(%1$s.name ->> ''en_US'', (SELECT n.value FROM jsonb_each_text(%1$s.name) AS n ORDER BY n.key LIMIT 1))', alias)
			ELSE format('%s.name::text', alias) END
		FROM pg_attribute AS a WHERE a.attrelid = to_regclass(format('%I.%I', schema, relation)) AND a.attname = 'name');
COMMENT ON FUNCTION _dunning.erp_odoo_name(name, text, text) IS 'The expression of a name in a table of Odoo, in English where it has one a language; NULL if it has none';

-- The policy of an item l: where a company has a partner's of its own, it is in
-- a table of properties or, later, in a column by company.
CREATE FUNCTION _dunning.erp_odoo_policy(schema name) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN 'coalesce(' || concat_ws(', ',
		CASE WHEN _dunning.erp_has(schema, 'account_move', 'id', 'credit_policy_id')
			THEN format('(SELECT v.credit_policy_id FROM %I.account_move AS v WHERE v.id = l.move_id)', schema) END,
		CASE WHEN _dunning.erp_has(schema, 'res_partner', 'credit_policy_id') THEN format(
				CASE WHEN (SELECT a.atttypid = 'jsonb'::regtype FROM pg_attribute AS a
						WHERE a.attrelid = to_regclass(format('%I.res_partner', schema)) AND a.attname = 'credit_policy_id')
					THEN '(SELECT CASE WHEN jsonb_typeof(q.credit_policy_id -> l.company_id::text) = ''number'' '
						'THEN (q.credit_policy_id ->> l.company_id::text)::integer END FROM %I.res_partner AS q WHERE q.id = l.partner_id)'
					ELSE '(SELECT q.credit_policy_id FROM %I.res_partner AS q WHERE q.id = l.partner_id)' END, schema)
			WHEN _dunning.erp_has(schema, 'ir_property', 'name', 'res_id', 'company_id', 'value_reference')
			THEN format('(SELECT split_part(x.value_reference, '','', 2)::integer FROM %I.ir_property AS x '
				'WHERE x.name = ''credit_policy_id'' AND (x.res_id = ''res.partner,'' || l.partner_id OR x.res_id IS NULL) '
				'AND (x.company_id = l.company_id OR x.company_id IS NULL) AND x.value_reference ~ ''^credit\.control\.policy,[0-9]{1,9}$'' '
				'ORDER BY x.res_id NULLS LAST, x.company_id NULLS LAST LIMIT 1)', schema) END,
		CASE WHEN _dunning.erp_has(schema, 'res_company', 'credit_policy_id')
			THEN format('(SELECT h.credit_policy_id FROM %I.res_company AS h WHERE h.id = l.company_id)', schema) END,
		'NULL') || ')';
COMMENT ON FUNCTION _dunning.erp_odoo_policy(name) IS 'The expression of the policy of an item: of its document, its partner or its company';

CREATE FUNCTION _dunning.erp_odoo_views(schema name, version text) RETURNS TABLE (view name, query text, description text)
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	columns CONSTANT jsonb := (
		SELECT jsonb_object_agg(r.relname || '.' || a.attname, format_type(a.atttypid, NULL)) FROM pg_class AS r
			JOIN pg_attribute AS a ON a.attrelid = r.oid
		WHERE r.relnamespace = to_regnamespace(quote_ident(erp_odoo_views.schema)) AND r.relkind IN ('r', 'p', 'f') AND a.attnum > 0
			AND NOT a.attisdropped
			AND r.relname IN ('account_move', 'account_move_line', 'account_account', 'account_payment_term', 'res_partner', 'res_currency', 'res_company'));
	receivable text;
	held text;
	phone text;
	said text[] := '{}';
	word text;
	follows text := 'true AS dunnable';
	policies text := '';
BEGIN
	receivable := CASE WHEN columns ? 'account_account.account_type' THEN 'a.account_type = ''asset_receivable''' ELSE 'a.internal_type = ''receivable''' END;
	-- Odoo's own flag is blocked up to 17, none in 18 but by a module, and
	-- no_followup in 19; a database that was upgraded may have both.
	SELECT coalesce('coalesce(' || string_agg('l.' || quote_ident(f), ', ') || ', false)', 'false') INTO held
	FROM unnest(ARRAY['no_followup', 'blocked']) AS f WHERE columns ? ('account_move_line.' || f);
	SELECT string_agg(format('nullif(p.%I, '''')', f), ', ') INTO phone
	FROM unnest(ARRAY['phone', 'mobile']) AS f WHERE columns ? ('res_partner.' || f);
	phone := CASE WHEN phone IS NULL THEN 'NULL::text' ELSE 'coalesce(' || phone || ')' END;
	-- A name is a text or, later, one text a language: the customer's, else
	-- English, else any.
	FOREACH word IN ARRAY ARRAY['p.name/res_partner.name', 'co.name/res_company.name', 'cu.name/res_currency.name',
		'a.name/account_account.name', 't.name/account_payment_term.name']
	LOOP
		said := said || CASE WHEN columns ->> split_part(word, '/', 2) = 'jsonb'
			THEN format('coalesce(%1$s ->> p.lang, %1$s ->> ''en_US'', (SELECT n.value FROM jsonb_each_text(%1$s) AS n ORDER BY n.key LIMIT 1))', split_part(word, '/', 1))
			ELSE split_part(word, '/', 1) || '::text' END;
	END LOOP;

	IF _dunning.erp_odoo_has_policies(erp_odoo_views.schema) THEN
		follows := format('(SELECT y.name FROM dunning.procedure AS y WHERE y.name = %s AND z.do_nothing IS NOT TRUE) AS procedure, '
			'(z.do_nothing IS NOT TRUE AND (l.date_maturity IS NOT NULL OR l.balance <= 0)) AS dunnable',
			_dunning.erp_odoo_name(erp_odoo_views.schema, 'credit_control_policy', 'z'));
		policies := format(E'\nLEFT JOIN %I.credit_control_policy AS z ON z.id = %s', erp_odoo_views.schema, _dunning.erp_odoo_policy(erp_odoo_views.schema));
	END IF;

	RETURN QUERY VALUES
	('item'::name, format($q$
SELECT l.id AS key, l.partner_id AS customer, %3$s AS company, %4$s AS currency, l.move_name::text AS reference,
	l.date AS issued_on, coalesce(l.date_maturity, l.date) AS due_on, l.amount_currency AS amount,
	%5$s AS company_currency, l.balance AS company_amount, %6$s AS held, (l.date_maturity IS NOT NULL OR l.balance <= 0) AS due_given,
	%9$s, d.id AS document
FROM %1$I.account_move_line AS l
LEFT JOIN %1$I.res_company AS co ON co.id = l.company_id
LEFT JOIN %1$I.res_currency AS cu ON cu.id = l.currency_id
LEFT JOIN %1$I.res_currency AS cc ON cc.id = %7$s
LEFT JOIN %1$I.account_move AS d ON d.id = l.move_id AND d.move_type IN ('out_invoice', 'out_receipt')%8$s
WHERE l.parent_state = 'posted' AND l.account_id IN (SELECT a.id FROM %1$I.account_account AS a WHERE %2$s)$q$,
		erp_odoo_views.schema, receivable, said[2], said[3], replace(said[3], 'cu.', 'cc.'), held,
		CASE WHEN columns ? 'account_move_line.company_currency_id' THEN 'l.company_currency_id' ELSE 'co.currency_id' END,
		CASE WHEN concat(said[2], said[3]) LIKE '%p.lang%' THEN format(E'\nLEFT JOIN %I.res_partner AS p ON p.id = l.partner_id', erp_odoo_views.schema) ELSE '' END || policies,
		follows),
	'Posted journal items on receivable accounts; issued on the accounting date, so that each day adds up to the general ledger'),
	('payment', format($q$
SELECT r.debit_move_id AS item, r.debit_amount_currency AS amount, r.amount AS company_amount, r.max_date AS date
FROM %1$I.account_partial_reconcile AS r
UNION ALL
SELECT r.credit_move_id, - r.credit_amount_currency, - r.amount, r.max_date
FROM %1$I.account_partial_reconcile AS r$q$, erp_odoo_views.schema),
	'Partial reconciliations, one row for the debit and one for the credit; they count from the later date of the two'),
	('customer', format($q$
SELECT p.id AS key, %2$s AS name,
	coalesce((SELECT i.email FROM %1$I.res_partner AS i WHERE i.parent_id = p.id AND i.type IN ('followup', 'invoice') AND i.email <> '' AND i.active
		ORDER BY i.type = 'followup' DESC, i.id LIMIT 1), nullif(p.email, ''))::text AS email, (%3$s)::text AS phone, p.lang::text AS language,
	coalesce(p.is_company, false) OR coalesce(cp.is_company, false) OR coalesce(p.vat, '') NOT IN ('', '/') AS professional,
	%4$s AS address, %5$s AS postcode, %6$s AS city, %7$s AS country, nullif(%8$s, '/') AS identifier
FROM %1$I.res_partner AS p
LEFT JOIN %1$I.res_partner AS cp ON cp.id = p.commercial_partner_id$q$, erp_odoo_views.schema, said[1], phone,
		_dunning.erp_lines(erp_odoo_views.schema, 'res_partner', 'p', '{street,street2}'), _dunning.erp_first(erp_odoo_views.schema, 'res_partner', 'p', '{zip}'),
		_dunning.erp_first(erp_odoo_views.schema, 'res_partner', 'p', '{city}'),
		CASE WHEN _dunning.erp_has(erp_odoo_views.schema, 'res_partner', 'country_id') AND _dunning.erp_has(erp_odoo_views.schema, 'res_country', 'id', 'code')
			THEN format('(SELECT n.code::text FROM %I.res_country AS n WHERE n.id = p.country_id)', erp_odoo_views.schema) ELSE 'NULL::text' END,
		_dunning.erp_first(erp_odoo_views.schema, 'res_partner', 'p', '{siret,vat}')),
	'Partners; the address is that of the contact for follow-ups or invoices where there is one'),
	('document', format($q$
SELECT l.id AS key, l.move_id AS document, m.move_type::text AS kind, m.invoice_date, m.payment_reference::text AS payment_reference,
	%2$s AS account, %3$s AS payment_term
FROM %1$I.account_move_line AS l
JOIN %1$I.account_move AS m ON m.id = l.move_id
JOIN %1$I.account_account AS a ON a.id = l.account_id
LEFT JOIN %1$I.account_payment_term AS t ON t.id = m.invoice_payment_term_id
LEFT JOIN %1$I.res_partner AS p ON p.id = l.partner_id
WHERE l.parent_state = 'posted' AND %4$s$q$, erp_odoo_views.schema, said[4], said[5], receivable),
	'What else the document of an item says, for letters: names in the customer''s language');
END
$$;
COMMENT ON FUNCTION _dunning.erp_odoo_views(name, text) IS 'The views over an Odoo: items, reconciliations, partners and documents';

-- A level counts its days from the due date, from the end of the month of that
-- day, or from the reminder before.  The end of a month is not known here: 30 days
-- more are never before it.
CREATE FUNCTION _dunning.erp_odoo_procedures(schema name, version text) RETURNS TABLE (name text, procedure text, why text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	reader oid;
BEGIN
	IF NOT _dunning.erp_odoo_has_policies(erp_odoo_procedures.schema) THEN
		RETURN;
	END IF;
	-- what stands behind these tables is code of their owners
	reader := _dunning.reader_of(ARRAY(SELECT to_regclass(format('%I.%I', erp_odoo_procedures.schema, t))::oid
		FROM unnest(ARRAY['credit_control_policy', 'credit_control_policy_level']) AS t));
	IF reader IS NULL THEN
		RAISE EXCEPTION 'the policies in schema "%" cannot be read', erp_odoo_procedures.schema
			USING ERRCODE = 'insufficient_privilege', DETAIL = 'Tables of several roles stand behind them.',
				HINT = 'Give credit_control_policy and credit_control_policy_level one owner.';
	END IF;
	RETURN QUERY SELECT j.one ->> 0, j.one ->> 1, j.one ->> 2
	FROM _dunning.read_texts(reader, format($q$
SELECT jsonb_build_array(s.policy, string_agg(concat_ws(' ', s.day, s.channel, s.label, 'wait ' || s.wait), '; ' ORDER BY s.level),
	'the policy of Odoo' || CASE WHEN bool_or(s.month) THEN '; the end of a month is taken for 30 days more' ELSE '' END)::text
FROM (
	-- two levels of one day and channel are a day apart, as the wait between them makes them
	SELECT t.*, CASE WHEN bool_or(t.same > 1) OVER (PARTITION BY t.policy)
		THEN max(t.days - t.nth) OVER (PARTITION BY t.policy ORDER BY t.level) + t.nth ELSE t.days END AS day
	FROM (SELECT u.*, row_number() OVER (PARTITION BY u.policy ORDER BY u.level) AS nth,
		count(*) OVER (PARTITION BY u.policy, u.days, u.channel) AS same FROM (
	SELECT %2$s AS policy, l.level, coalesce(l.channel, 'letter') AS channel,
		'"' || replace(CASE WHEN octet_length(%3$s) > 100 THEN left(%3$s, 30) ELSE nullif(%3$s, '') END, '"', '""') || '"' AS label,
		l.computation_mode = 'end_of_month' AS month,
		CASE WHEN l.computation_mode = 'previous_date' AND l.delay_days > 0 THEN l.delay_days END AS wait,
		coalesce(max(l.delay_days + CASE l.computation_mode WHEN 'end_of_month' THEN 30 ELSE 0 END)
			FILTER (WHERE l.computation_mode <> 'previous_date') OVER (PARTITION BY z.id ORDER BY l.level), 0) AS days
	FROM %1$I.credit_control_policy AS z
	JOIN %1$I.credit_control_policy_level AS l ON l.policy_id = z.id
	WHERE z.do_nothing IS NOT TRUE AND z.id = (SELECT min(o.id) FROM %1$I.credit_control_policy AS o
		WHERE o.name = z.name AND o.do_nothing IS NOT TRUE)) AS u) AS t) AS s
GROUP BY s.policy$q$, erp_odoo_procedures.schema, _dunning.erp_odoo_name(erp_odoo_procedures.schema, 'credit_control_policy', 'z'),
		_dunning.erp_odoo_name(erp_odoo_procedures.schema, 'credit_control_policy_level', 'l'))) AS t (text)
	CROSS JOIN LATERAL (SELECT t.text::jsonb AS one) AS j;
END
$$;
COMMENT ON FUNCTION _dunning.erp_odoo_procedures(name, text) IS 'The policies of the module account_credit_control of OCA as dunning procedures; none without it';

-- The salesperson is that of the customer; who sold is noted with the document.
CREATE FUNCTION _dunning.erp_odoo_columns(schema name, version text) RETURNS TABLE (view name, column_name name, expression text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT c.view, c.column_name, _dunning.erp_expression(schema, '', c.needs::jsonb, c.expression)
		FROM (VALUES
			('item', 'net_amount', '{"account_move": "id move_type amount_untaxed amount_total"}', '(SELECT _dunning.erp_net(v.amount, m.amount_untaxed, m.amount_total) FROM {account_move_line} AS l JOIN {account_move} AS m ON m.id = l.move_id WHERE l.id = v.key AND m.move_type IN (''out_invoice'', ''out_refund'', ''out_receipt''))'),
			('item', 'attribute_seller', '{"account_move": "id invoice_user_id", "res_users": "id partner_id"}', '(SELECT p.name::text FROM {account_move_line} AS l JOIN {account_move} AS m ON m.id = l.move_id JOIN {res_users} AS u ON u.id = m.invoice_user_id JOIN {res_partner} AS p ON p.id = u.partner_id WHERE l.id = v.key)'),
			('item', 'attribute_team', '{"account_move": "id team_id", "crm_team": "id name"}', format('(SELECT %s FROM {account_move_line} AS l JOIN {account_move} AS m ON m.id = l.move_id JOIN {crm_team} AS t ON t.id = m.team_id WHERE l.id = v.key)', _dunning.erp_odoo_name(schema, 'crm_team', 't'))),
			('customer', 'salesperson', '{"res_partner": "id user_id", "res_users": "id partner_id"}', '(SELECT x.name::text FROM {res_partner} AS p LEFT JOIN {res_partner} AS c ON c.id = p.commercial_partner_id JOIN {res_users} AS u ON u.id = coalesce(p.user_id, c.user_id) JOIN {res_partner} AS x ON x.id = u.partner_id WHERE p.id = v.key)'),
			('customer', 'class', '{"res_partner": "id industry_id", "res_partner_industry": "id name"}', format('(SELECT %s FROM {res_partner} AS p JOIN {res_partner_industry} AS i ON i.id = p.industry_id WHERE p.id = v.key)', _dunning.erp_odoo_name(schema, 'res_partner_industry', 'i'))),
			('customer', 'attribute_region', '{"res_partner": "id state_id", "res_country_state": "id name"}', format('(SELECT %s FROM {res_partner} AS p JOIN {res_country_state} AS s ON s.id = p.state_id WHERE p.id = v.key)', _dunning.erp_odoo_name(schema, 'res_country_state', 's'))),
			('customer', 'attribute_tags', '{"res_partner_category": "id name", "res_partner_res_partner_category_rel": "category_id partner_id"}', format('(SELECT string_agg(%1$s, '', '' ORDER BY %1$s) FROM {res_partner_res_partner_category_rel} AS r JOIN {res_partner_category} AS g ON g.id = r.category_id WHERE r.partner_id = v.key)', _dunning.erp_odoo_name(schema, 'res_partner_category', 'g')))) AS c (view, column_name, needs, expression);
	END;
COMMENT ON FUNCTION _dunning.erp_odoo_columns(name, text) IS 'What else the tables of an Odoo say of items and customers';

CREATE FUNCTION _dunning.erp_odoo_indexes(schema name, version text) RETURNS TABLE (relation text, statement text, why text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT i.relation, _dunning.erp_missing_index(schema, i.relation, i.column_name), i.why
		FROM (VALUES
			('account_move_line', 'partner_id', 'otherwise the items of one customer need a scan'),
			('account_move_line', 'account_id', 'otherwise receivable accounts are sought among all journal items'),
			('account_partial_reconcile', 'debit_move_id', 'otherwise what an invoice has received needs a scan'),
			('account_partial_reconcile', 'credit_move_id', 'otherwise what a payment was used for needs a scan'),
			('res_partner', 'parent_id', 'otherwise the contacts of a customer need a scan')) AS i (relation, column_name, why)
		WHERE _dunning.erp_missing_index(schema, i.relation, i.column_name) IS NOT NULL;
	END;
COMMENT ON FUNCTION _dunning.erp_odoo_indexes(name, text) IS 'The indexes that matter to the views and that an Odoo lacks';

CREATE FUNCTION _dunning.erp_odoo_watch(schema name, version text) RETURNS TABLE (relation text, column_name text, why text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		VALUES ('account_partial_reconcile', 'debit_move_id', 'an item that is reconciled has its pending reminders cancelled at once'),
			('account_move_line', 'id', 'so has one that is deleted; of one whose document is taken back to a draft dunning.unseen_reminders tells');
	END;
COMMENT ON FUNCTION _dunning.erp_odoo_watch(name, text) IS 'The tables of an Odoo whose changes settle an item, and their column that is its key';
