-- French accounting entries files (FEC) that script/fec loaded: each line of a
-- customer's account is an item.  The loader has joined the lines already, since
-- what was carried forward from year to year must be known for that.

INSERT INTO dunning.erp (name, title, description, shipped) VALUES
	('fec', 'FEC', 'each line of a customer''s account in the loaded files, without balances carried forward from a loaded year, less the lines that it is lettered with', true);

CREATE FUNCTION _dunning.erp_fec_detect(schema name) RETURNS TABLE (version text, sure numeric, evidence text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT 'A47 A-1', 1.0, 'the tables of script/fec'
		WHERE _dunning.erp_has(schema, 'entry', 'journalcode', 'ecrituredate', 'comptenum', 'ecriturelet')
			AND _dunning.erp_has(schema, 'item', 'key', 'company', 'customer', 'reference', 'label', 'account', 'issued_on', 'piece_on', 'due_on', 'kind', 'amount', 'currency', 'document',
				'company_amount', 'opening', 'letter', 'joined_by', 'dunnable', 'payer', 'means')
			AND _dunning.erp_has(schema, 'payment', 'item', 'other', 'date', 'amount', 'company_amount', 'cashed', 'joined_by')
			AND _dunning.erp_has(schema, 'customer', 'key', 'name', 'email', 'phone', 'address', 'postcode', 'city', 'country', 'language', 'identifier', 'professional', 'payer', 'terms')
			AND _dunning.erp_has(schema, 'company', 'company', 'currency', 'terms');
	END;
COMMENT ON FUNCTION _dunning.erp_fec_detect(name) IS 'Whether a schema holds the tables of script/fec';

CREATE FUNCTION _dunning.erp_fec_views(schema name, version text) RETURNS TABLE (view name, query text, description text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		-- a credit is due at once; a debit by the file of open items, or by terms from the day of the document
		SELECT 'item'::name, format($sql$
			SELECT i.key, i.customer, i.company, i.reference, i.label, i.account, i.issued_on,
				CASE WHEN i.amount < 0 THEN i.issued_on ELSE coalesce(i.due_on,
					dunning.due_date(i.piece_on, coalesce(c.terms, y.terms, '30 days'))) END AS due_on,
				(i.amount < 0 OR i.due_on IS NOT NULL OR coalesce(c.terms, y.terms) IS NOT NULL) AS due_given,
				i.amount, i.currency, y.currency AS company_currency, i.company_amount, i.kind, i.document, i.dunnable, i.payer, i.means,
				i.letter, i.joined_by
			FROM %1$I.item AS i
			JOIN %1$I.company AS y ON y.company = i.company
			LEFT JOIN %1$I.customer AS c ON c.key = i.customer$sql$, schema),
			'lines of customers'' accounts: invoices, credit notes, receipts; due by the terms of the customer, of the company, or 30 days'
		UNION ALL
		SELECT 'payment', format($sql$
			SELECT p.item, p.other, p.date, p.amount, p.company_amount, p.cashed, p.joined_by FROM %I.payment AS p$sql$, schema),
			'what lines apply to each other, once for each of the two: by lettering, or to the oldest first'
		UNION ALL
		SELECT 'customer', format($sql$
			SELECT c.key, c.name, c.email, c.phone, c.address, c.postcode, c.city, c.country, c.language, c.identifier, c.professional,
				c.payer FROM %I.customer AS c$sql$, schema),
			'customers by CompAuxNum, or by CompteNum without one';
	END;
COMMENT ON FUNCTION _dunning.erp_fec_views(name, text) IS 'The views over the tables of script/fec';

CREATE FUNCTION _dunning.erp_fec_indexes(schema name, version text) RETURNS TABLE (relation text, statement text, why text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT i.relation, _dunning.erp_missing_index(schema, i.relation, i.column_name), i.why
		FROM (VALUES ('item', 'customer', 'otherwise the items of one customer need a scan'),
			('payment', 'item', 'otherwise what was paid of an item needs a scan')) AS i (relation, column_name, why)
		WHERE _dunning.erp_missing_index(schema, i.relation, i.column_name) IS NOT NULL;
	END;
COMMENT ON FUNCTION _dunning.erp_fec_indexes(name, text) IS 'The indexes that matter to the views and that are missing';
