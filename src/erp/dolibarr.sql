-- Dolibarr: invoices in <prefix>facture, payments in <prefix>paiement_facture,
-- credits in <prefix>societe_remise_except.  The prefix is llx_ unless the
-- installation chose another.
--
-- A part of an invoice that the customer retains as a warranty is
-- an item of its own, which falls due when the warranty ends.  Its key is the
-- negative one of the invoice.

INSERT INTO dunning.erp (name, title, description, shipped) VALUES
	('dolibarr', 'Dolibarr', 'each validated invoice, deposit, situation and credit note; payments on their day, credits applied to two invoices with opposite signs; what is retained as a warranty when that ends', true);

-- Dolibarr has no decimals of a currency before 23, and none that must be filled
-- in since.  Those of ISO 4217, list one, other than two:
CREATE FUNCTION _dunning.erp_dolibarr_decimals(currency text) RETURNS integer
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE
		WHEN currency OPERATOR(pg_catalog.=) ANY (ARRAY['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF']) THEN 0
		WHEN currency OPERATOR(pg_catalog.=) ANY (ARRAY['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND']) THEN 3
		WHEN currency OPERATOR(pg_catalog.=) ANY (ARRAY['CLF', 'UYW']) THEN 4
		ELSE 2 END;
COMMENT ON FUNCTION _dunning.erp_dolibarr_decimals(text) IS 'The decimals of a currency by ISO 4217 where a Dolibarr says none; two for one that is not known';

-- The one prefix by which all tables of Dolibarr that count are in a schema,
-- with every column that the views need.
CREATE FUNCTION _dunning.erp_dolibarr_prefix(schema name) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT t.prefix
		FROM (SELECT left(f.relname, -7) AS prefix
			FROM pg_class AS f JOIN pg_namespace AS n ON n.oid = f.relnamespace
			WHERE n.nspname = schema AND f.relkind IN ('r', 'p') AND f.relname LIKE '%facture') AS t
		WHERE _dunning.erp_has(schema, t.prefix || 'facture', 'rowid', 'entity', 'fk_soc', 'datef', 'date_lim_reglement', 'total_ttc', 'fk_statut', 'type', 'close_code')
			AND (_dunning.erp_has(schema, t.prefix || 'facture', 'ref') OR _dunning.erp_has(schema, t.prefix || 'facture', 'facnumber'))
			AND _dunning.erp_has(schema, t.prefix || 'paiement', 'rowid', 'datep')
			AND _dunning.erp_has(schema, t.prefix || 'paiement_facture', 'fk_paiement', 'fk_facture', 'amount')
			AND _dunning.erp_has(schema, t.prefix || 'societe', 'rowid', 'nom', 'email', 'phone', 'default_lang')
			AND _dunning.erp_has(schema, t.prefix || 'societe_remise_except', 'datec', 'amount_ttc', 'fk_facture', 'fk_facture_source')
		ORDER BY t.prefix <> 'llx_', t.prefix LIMIT 1);
COMMENT ON FUNCTION _dunning.erp_dolibarr_prefix(name) IS 'The prefix of Dolibarr''s tables in a schema, NULL if they are not there or lack a column that the views need';

CREATE FUNCTION _dunning.erp_dolibarr_detect(schema name) RETURNS TABLE (version text, sure numeric, evidence text)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	prefix CONSTANT text := _dunning.erp_dolibarr_prefix(schema);
	known integer;
BEGIN
	IF prefix IS NULL THEN
		RETURN;
	END IF;
	-- tables that the profile can do without, but that every installation has
	SELECT count(*) INTO known FROM unnest(ARRAY['const', 'facturedet', 'socpeople', 'user']) AS t (name)
	WHERE to_regclass(format('%I.%I', schema, prefix || t.name)) IS NOT NULL;
	-- the latest column that a version brought tells it
	RETURN QUERY
		SELECT CASE WHEN _dunning.erp_has(schema, prefix || 'facture', 'dispute_status') THEN '23 or later'
				WHEN _dunning.erp_has(schema, prefix || 'facture', 'total_ht') THEN '14 or later'
				WHEN _dunning.erp_has(schema, prefix || 'facture', 'date_closing') THEN '11 or later'
				WHEN _dunning.erp_has(schema, prefix || 'facture', 'ref') THEN '10'
				ELSE 'before 10' END,
			0.8 + 0.05 * known,
			format('%sfacture with rowid, datef, date_lim_reglement and fk_statut beside %1$spaiement_facture and %1$ssociete_remise_except', prefix);
END
$$;
COMMENT ON FUNCTION _dunning.erp_dolibarr_detect(name) IS 'Whether a schema holds the tables of Dolibarr, and of which time';

-- What an invoice is still owed follows from the payments and credits that are
-- there; the columns paye and fk_statut are set by hand, too, and hold no past.
-- A credit has no day of its own on which it was applied: it counts from the
-- later one of its making and the day of the invoice that it reduces.
--
-- An invoice that was given up, abandoned or replaced stays open until the day
-- on which it was closed.  Dolibarr notes that day since 11, for one that was
-- abandoned or replaced since 19.  Where it did not, the day that stands in is
-- one that no later edit moves: that of the replacing invoice, else that of the
-- last payment or credit, else that of the invoice, so that one which nothing
-- was paid of was never open.  (The column tms moves with any edit.)
CREATE FUNCTION _dunning.erp_dolibarr_views(schema name, version text) RETURNS TABLE (view name, query text, description text)
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	prefix CONSTANT text := _dunning.erp_dolibarr_prefix(schema);
	tables jsonb;
	has jsonb;
	words text[];
	word text[];
	by_type boolean;
	retains boolean;
	by_last boolean;
	item text;
	retained_item text;
	payment text;
	retained_payment text;
BEGIN
	IF prefix IS NULL THEN
		RETURN;
	END IF;
	SELECT jsonb_object_agg(t.name, format('%I.%I', schema, prefix || t.name)) INTO tables
	FROM unnest(ARRAY['facture', 'facturedet', 'paiement', 'paiement_facture', 'societe', 'societe_remise_except', 'socpeople', 'const', 'c_typent', 'c_currencies']) AS t (name)
	WHERE to_regclass(format('%I.%I', schema, prefix || t.name)) IS NOT NULL;
	SELECT jsonb_object_agg(t.key || '.' || a.attname, true) INTO has
	FROM jsonb_each_text(tables) AS t
	JOIN pg_attribute AS a ON a.attrelid = t.value::regclass AND a.attnum > 0 AND NOT a.attisdropped;

	retains := has ?& ARRAY['facture.retained_warranty', 'facture.retained_warranty_date_limit'];
	by_last := has ?& ARRAY['facture.situation_final', 'facture.situation_cycle_ref', 'facture.situation_counter',
		'const.name', 'const.entity', 'const.value'];

	-- What the queries are put together from; a word may use those after it.
	words := ARRAY[
		-- what was open of it when it was given up, and what came later back
		ARRAY['closing', 'SELECT y.amount, y.company_amount, y.date FROM (SELECT {closed} AS day OFFSET 0) AS c '
			'CROSS JOIN LATERAL (SELECT {total} - coalesce(sum(y.amount), 0) AS amount, '
				'{company total} - coalesce(sum(y.company_amount), 0) AS company_amount, c.day AS date '
				'FROM ({movements}) AS y WHERE (y.date > c.day) IS NOT TRUE '
				'UNION ALL SELECT - y.amount, - y.company_amount, y.date FROM ({movements}) AS y WHERE y.date > c.day) AS y'],
		ARRAY['closed', 'greatest(coalesce({date_closing}{replaced}(SELECT max(y.date) FROM ({movements}) AS y)), f.datef)'],
		ARRAY['date_closing', CASE WHEN has ? 'facture.date_closing' THEN 'f.date_closing::date, ' ELSE '' END],
		ARRAY['replaced', CASE WHEN has ? 'facture.fk_facture_source'
			THEN '(SELECT min(n.datef) FROM {facture} AS n WHERE n.fk_facture_source = f.rowid AND n.type = 1 AND n.fk_statut <> 0 AND f.close_code = ''replaced''), ' ELSE '' END],
		-- all that came off the invoice f
		ARRAY['movements', 'SELECT {paid} AS amount, {company paid} AS company_amount, p.datep::date AS date FROM {paiement_facture} AS pf JOIN {paiement} AS p ON p.rowid = pf.fk_paiement WHERE pf.fk_facture = f.rowid '
			'UNION ALL SELECT {credited}, {company credited}, greatest(r.datec::date, f.datef) FROM {societe_remise_except} AS r WHERE r.fk_facture = f.rowid '
			'UNION ALL SELECT - {credited}, - {company credited}, greatest(r.datec::date, t.datef) FROM {societe_remise_except} AS r JOIN {facture} AS t ON t.rowid = r.fk_facture '
				'WHERE r.fk_facture_source = f.rowid AND f.type <> 3{movement of a line}'],
		ARRAY['movement of a line', CASE WHEN has ?& ARRAY['facturedet.rowid', 'facturedet.fk_facture', 'societe_remise_except.fk_facture_line']
			THEN ' UNION ALL SELECT - {credited}, - {company credited}, greatest(r.datec::date, t.datef) FROM {societe_remise_except} AS r JOIN {facturedet} AS d ON d.rowid = r.fk_facture_line JOIN {facture} AS t ON t.rowid = d.fk_facture '
				'WHERE r.fk_facture_source = f.rowid AND f.type <> 3 AND r.fk_facture IS NULL AND t.fk_statut <> 0' ELSE '' END],
		ARRAY['line', CASE WHEN has ?& ARRAY['facturedet.rowid', 'facturedet.fk_facture', 'societe_remise_except.fk_facture_line']
			THEN ' UNION ALL SELECT r.fk_facture_source, - {credited}, - {company credited}, greatest(r.datec::date, t.datef) '
				'FROM {societe_remise_except} AS r JOIN {facture} AS f ON f.rowid = r.fk_facture_source JOIN {facturedet} AS d ON d.rowid = r.fk_facture_line JOIN {facture} AS t ON t.rowid = d.fk_facture {money} '
				'WHERE f.type <> 3{nor retained} AND r.fk_facture IS NULL AND t.fk_statut <> 0' ELSE '' END],
		-- What is retained of an invoice f: a percentage of its total, or, where
		-- only the last of a series of situations has a warranty, of the whole
		-- series.  Without a day it is not due for a year, as in French law.
		ARRAY['unless retained', CASE WHEN retains THEN ' WHERE {retained} IS NOT TRUE' ELSE '' END],
		ARRAY['nor retained', CASE WHEN retains THEN ' AND {retained} IS NOT TRUE' ELSE '' END],
		ARRAY['retained', CASE WHEN retains THEN '(f.retained_warranty > 0 AND f.total_ttc > 0 AND f.type <> 2{by the last})' ELSE 'false' END],
		ARRAY['by the last', CASE WHEN by_last THEN ' AND (f.type <> 5 OR f.situation_final = 1 OR {last only} IS NOT TRUE)' ELSE '' END],
		ARRAY['retained amount', 'least({total}, round(({own total}::numeric{series}) * f.retained_warranty::numeric / 100, m.decimals))'],
		ARRAY['company retained amount',
			'least({company total}, round((f.total_ttc::numeric{company series}) * f.retained_warranty::numeric / 100, m.main_decimals))'],
		ARRAY['series', CASE WHEN by_last THEN ' + CASE WHEN f.type = 5 AND {last only} '
			'THEN coalesce((SELECT sum({total of another}) {situations before}), 0)::numeric ELSE 0 END' ELSE '' END],
		ARRAY['company series', CASE WHEN by_last THEN ' + CASE WHEN f.type = 5 AND {last only} '
			'THEN coalesce((SELECT sum(n.total_ttc) {situations before}), 0)::numeric ELSE 0 END' ELSE '' END],
		ARRAY['total of another', CASE WHEN has ? 'facture.multicurrency_total_ttc'
			THEN 'CASE WHEN m.other THEN n.multicurrency_total_ttc ELSE n.total_ttc END' ELSE 'n.total_ttc' END],
		ARRAY['situations before', 'FROM {facture} AS n WHERE n.situation_cycle_ref = f.situation_cycle_ref '
			'AND n.entity = f.entity AND n.type = 5 AND n.fk_statut IN (1, 2) AND n.situation_counter < f.situation_counter'],
		ARRAY['last only', '(SELECT k.value = ''1'' FROM {const} AS k WHERE k.name = ''INVOICE_RETAINED_WARRANTY_LIMITED_TO_FINAL_SITUATION'' '
			'AND k.entity IN (0, f.entity) ORDER BY k.entity DESC LIMIT 1)'],
		-- The money of an invoice f: the currencies and their decimals of the
		-- company and of the invoice, worked out once a currency and entity.
		ARRAY['money', 'CROSS JOIN LATERAL (SELECT u.main, u.own, u.own <> u.main AS other, coalesce({currency decimals of u.main}{entity decimals}_dunning.erp_dolibarr_decimals(u.main)) AS main_decimals, '
			'coalesce({currency decimals of u.own}{foreign decimals}{entity decimals}_dunning.erp_dolibarr_decimals(u.own)) AS decimals '
			'FROM (SELECT w.main, {own currency} AS own FROM (SELECT {main currency} AS main OFFSET 0) AS w OFFSET 0) AS u OFFSET 0) AS m'],
		-- An invoice in another currency carries its amounts a second time.
		ARRAY['own currency', CASE WHEN has ?& ARRAY['facture.multicurrency_code', 'facture.multicurrency_total_ttc', 'paiement_facture.multicurrency_amount', 'societe_remise_except.multicurrency_amount_ttc']
			THEN 'CASE WHEN f.multicurrency_code <> '''' AND f.multicurrency_code <> w.main THEN f.multicurrency_code::text ELSE w.main END' ELSE 'w.main' END],
		ARRAY['main currency', CASE WHEN has ?& ARRAY['const.name', 'const.entity', 'const.value']
			THEN 'coalesce({settings} ->> (''MAIN_MONNAIE '' || f.entity), '
				'(SELECT k.value FROM {const} AS k WHERE k.name = ''MAIN_MONNAIE'' ORDER BY k.entity LIMIT 1){kept currency})'
			ELSE 'coalesce(NULL::text{kept currency})' END],
		ARRAY['kept currency', CASE WHEN has ? 'facture.fk_currency' THEN ', f.fk_currency::text' ELSE '' END],
		ARRAY['currency decimals of u.main', CASE WHEN has ?& ARRAY['c_currencies.code_iso', 'c_currencies.max_decimal_tot']
			THEN '(SELECT c.max_decimal_tot::integer FROM {c_currencies} AS c WHERE c.code_iso = u.main), ' ELSE '' END],
		ARRAY['currency decimals of u.own', CASE WHEN has ?& ARRAY['c_currencies.code_iso', 'c_currencies.max_decimal_tot']
			THEN '(SELECT c.max_decimal_tot::integer FROM {c_currencies} AS c WHERE c.code_iso = u.own), ' ELSE '' END],
		-- a setting of entity 0 is that of all entities
		ARRAY['foreign decimals', CASE WHEN has ?& ARRAY['const.name', 'const.entity', 'const.value']
			THEN '(SELECT substring(k.value FROM ''^[0-9]{1,2}'')::integer FROM {const} AS k WHERE k.name = ''MAIN_MAX_DECIMALS_TOT_'' || u.own AND u.own <> u.main '
				'AND k.entity IN (0, f.entity) AND k.value ~ ''^[0-9]'' ORDER BY k.entity DESC LIMIT 1), ' ELSE '' END],
		ARRAY['entity decimals', CASE WHEN has ?& ARRAY['const.name', 'const.entity', 'const.value']
			THEN 'substring(coalesce({settings} ->> (''MAIN_MAX_DECIMALS_TOT '' || f.entity), {settings} ->> ''MAIN_MAX_DECIMALS_TOT 0'') FROM ''^[0-9]{1,2}'')::integer, ' ELSE '' END],
		-- read once a query, since each amount needs them
		ARRAY['settings', '(SELECT jsonb_object_agg(concat_ws('' '', k.name, k.entity), k.value) FROM {const} AS k WHERE k.name IN (''MAIN_MONNAIE'', ''MAIN_MAX_DECIMALS_TOT''))'],

		-- amounts: of the invoice f, of the payment pf and of the credit r
		ARRAY['total', 'round({own total}::numeric, m.decimals)'],
		ARRAY['paid', 'round({own paid}::numeric, m.decimals)'],
		ARRAY['credited', 'round({own credited}::numeric, m.decimals)'],
		ARRAY['company total', 'round(f.total_ttc::numeric, m.main_decimals)'],
		ARRAY['company paid', 'round(pf.amount::numeric, m.main_decimals)'],
		ARRAY['company credited', 'round(r.amount_ttc::numeric, m.main_decimals)'],
		ARRAY['own total', CASE WHEN has ? 'facture.multicurrency_total_ttc' THEN '(CASE WHEN m.other THEN f.multicurrency_total_ttc ELSE f.total_ttc END)' ELSE 'f.total_ttc' END],
		ARRAY['own paid', CASE WHEN has ? 'paiement_facture.multicurrency_amount' THEN '(CASE WHEN m.other THEN pf.multicurrency_amount ELSE pf.amount END)' ELSE 'pf.amount' END],
		ARRAY['own credited', CASE WHEN has ? 'societe_remise_except.multicurrency_amount_ttc' THEN '(CASE WHEN m.other THEN r.multicurrency_amount_ttc ELSE r.amount_ttc END)' ELSE 'r.amount_ttc' END],
		ARRAY['counted', 'f.type IN (0, 1, 2, 3, 5) AND f.fk_statut IN (1, 2, 3)'],
		-- closed without being paid; a credit note that is used up is of status 2
		ARRAY['given up', '(f.fk_statut = 3 OR f.fk_statut = 2 AND f.close_code <> '''' AND f.type <> 2)']]
		|| (SELECT array_agg(ARRAY[t.key, t.value]) FROM jsonb_each_text(tables) AS t);

	item := 'SELECT {key} AS key, f.fk_soc AS customer, '
		|| CASE WHEN has ?& ARRAY['const.name', 'const.entity', 'const.value']
			THEN 'coalesce((SELECT k.value FROM {const} AS k WHERE k.name = ''MAIN_INFO_SOCIETE_NOM'' AND k.entity = f.entity), f.entity::text)' ELSE 'f.entity::text' END
		|| ' AS company, m.own AS currency, f.' || CASE WHEN has ? 'facture.ref' THEN 'ref' ELSE 'facnumber' END
		|| ' AS reference, f.datef AS issued_on, {due} AS due_on, {item amount} AS amount, m.main AS company_currency, '
			'{item company amount} AS company_amount, false AS held, '
		|| CASE WHEN has ? 'facture.dispute_status' THEN 'coalesce(f.dispute_status <> 0, false)' ELSE 'false' END
		|| ' AS disputed, {due given} AS due_given, {document} AS document FROM {facture} AS f {money} WHERE {counted}';
	-- the invoice less what is retained of it, and that
	FOREACH word SLICE 1 IN ARRAY ARRAY[ARRAY['key', 'f.rowid', '(- f.rowid)'],
		ARRAY['due', 'coalesce(f.date_lim_reglement, f.datef)',
			'coalesce(f.retained_warranty_date_limit::date, (f.datef + interval ''1 year'')::date)'],
		ARRAY['item amount', '{total}' || CASE WHEN retains THEN ' - CASE WHEN {retained} THEN {retained amount} ELSE 0 END' ELSE '' END,
			'{retained amount}'],
		ARRAY['item company amount', '{company total}'
			|| CASE WHEN retains THEN ' - CASE WHEN {retained} THEN {company retained amount} ELSE 0 END' ELSE '' END,
			'{company retained amount}'],
		ARRAY['due given', '(f.date_lim_reglement IS NOT NULL OR f.type = 2)', '(f.retained_warranty_date_limit IS NOT NULL)'],
		ARRAY['document', CASE WHEN retains THEN 'f.rowid' ELSE 'NULL::integer' END, 'f.rowid']]
	LOOP
		retained_item := replace(coalesce(retained_item, item), '{' || word[1] || '}', word[3]);
		item := replace(item, '{' || word[1] || '}', word[2]);
	END LOOP;
	IF retains THEN
		item := item || ' UNION ALL ' || retained_item || ' AND {retained}';
	END IF;

	-- A credit note, or what was paid too much, loses what is applied elsewhere:
	-- to an invoice, or as a line of one.  A deposit that was paid is no
	-- receivable any more, so it only gives.  What came after an invoice was
	-- given up was lost before: it changes no day.
	payment := 'SELECT pf.fk_facture AS item, {paid} AS amount, {company paid} AS company_amount, p.datep::date AS date '
			'FROM {paiement_facture} AS pf JOIN {paiement} AS p ON p.rowid = pf.fk_paiement JOIN {facture} AS f ON f.rowid = pf.fk_facture {money}{unless retained} '
		'UNION ALL SELECT r.fk_facture, {credited}, {company credited}, greatest(r.datec::date, f.datef) '
			'FROM {societe_remise_except} AS r JOIN {facture} AS f ON f.rowid = r.fk_facture {money}{unless retained} '
		'UNION ALL SELECT r.fk_facture_source, - {credited}, - {company credited}, greatest(r.datec::date, t.datef) '
			'FROM {societe_remise_except} AS r JOIN {facture} AS f ON f.rowid = r.fk_facture_source JOIN {facture} AS t ON t.rowid = r.fk_facture {money} '
			'WHERE f.type <> 3{nor retained}{line}'
		' UNION ALL SELECT f.rowid, z.amount, z.company_amount, z.date FROM {facture} AS f {money} CROSS JOIN LATERAL ({closing}) AS z '
			'WHERE {given up}{nor retained}';
	-- What came off an invoice with a warranty fills the invoice first, movement by
	-- movement in the order of the days, and then the warranty.
	retained_payment := 'SELECT {key}, z.amount, z.company_amount, v.date FROM {facture} AS f {money} '
		'CROSS JOIN LATERAL (SELECT {total} - {retained amount} AS amount, {company total} - {company retained amount} AS company_amount) AS b '
		'CROSS JOIN LATERAL (SELECT v.date, v.amount, v.company_amount, '
			'sum(v.amount) OVER w AS total, sum(v.company_amount) OVER w AS company_total '
			'FROM ({movements} UNION ALL SELECT z.amount, z.company_amount, z.date FROM ({closing}) AS z WHERE {given up}) AS v '
			'WINDOW w AS (ORDER BY v.date NULLS FIRST, v.amount, v.company_amount ROWS UNBOUNDED PRECEDING)) AS v '
		'CROSS JOIN LATERAL (SELECT _dunning.erp_share(v.total, v.amount, {from}b.amount{to}) AS amount, '
			'_dunning.erp_share(v.company_total, v.company_amount, {from}b.company_amount{to}) AS company_amount) AS z '
		'WHERE {retained} AND (z.amount <> 0 OR z.company_amount <> 0)';
	IF retains THEN
		payment := payment || ' UNION ALL ' || replace(replace(replace(retained_payment, '{key}', 'f.rowid'), '{from}', 'NULL, '), '{to}', '')
			|| ' UNION ALL ' || replace(replace(replace(retained_payment, '{key}', '(- f.rowid)'), '{from}', ''), '{to}', ', NULL');
	END IF;
	FOREACH word SLICE 1 IN ARRAY words LOOP
		item := replace(item, '{' || word[1] || '}', word[2]);
		payment := replace(payment, '{' || word[1] || '}', word[2]);
	END LOOP;
	RETURN QUERY VALUES
		('item'::name, item, 'Invoices, replacements, deposits and situations, credit notes with a negative amount, and what is retained of an invoice as a warranty; without drafts and proforma invoices'),
		('payment', payment, 'Payments on their day, credits applied with opposite signs for the two invoices, and what was given up, abandoned or replaced when the invoice was closed: '
			'where Dolibarr did not note the day, that of the replacing invoice, of the last payment or credit, or of the invoice itself stands in');

	by_type := has ?& ARRAY['c_typent.id', 'c_typent.code', 'societe.fk_typent'];
	RETURN QUERY SELECT 'customer'::name, format(
		'SELECT s.rowid AS key, s.nom::text AS name, %s AS email, %s AS phone, s.default_lang::text AS language, %s AS professional, '
		'%s AS address, %s AS postcode, %s AS city, %s AS country, %s AS identifier FROM %s AS s%s',
		CASE WHEN has ?& ARRAY['socpeople.rowid', 'socpeople.fk_soc', 'socpeople.email'] THEN format('coalesce(nullif(s.email, ''''), (SELECT c.email FROM %s AS c WHERE c.fk_soc = s.rowid AND c.email <> ''''%s ORDER BY c.rowid LIMIT 1))',
			tables ->> 'socpeople', CASE WHEN has ? 'socpeople.statut' THEN ' AND c.statut = 1' ELSE '' END) ELSE 'nullif(s.email, '''')' END,
		CASE WHEN has ? 'societe.phone_mobile' THEN 'coalesce(nullif(s.phone, ''''), nullif(s.phone_mobile, ''''))' ELSE 'nullif(s.phone, '''')' END,
		CASE WHEN by_type THEN 'CASE WHEN y.code = ''TE_PRIVATE'' THEN false WHEN y.code <> ''TE_UNKNOWN'' THEN true END' ELSE 'NULL::boolean' END,
		_dunning.erp_lines(schema, prefix || 'societe', 's', '{address}'), _dunning.erp_first(schema, prefix || 'societe', 's', '{zip}'),
		_dunning.erp_first(schema, prefix || 'societe', 's', '{town}'),
		CASE WHEN _dunning.erp_has(schema, prefix || 'societe', 'fk_pays') AND _dunning.erp_has(schema, prefix || 'c_country', 'rowid', 'code')
			THEN format('(SELECT n.code::text FROM %I.%I AS n WHERE n.rowid = s.fk_pays)', schema, prefix || 'c_country') ELSE 'NULL::text' END,
		_dunning.erp_first(schema, prefix || 'societe', 's', '{siren,siret,tva_intra}'),
		tables ->> 'societe', CASE WHEN by_type THEN format(' LEFT JOIN %s AS y ON y.id = s.fk_typent', tables ->> 'c_typent') ELSE '' END),
		'Third parties, with the address of a contact where they have none of their own'::text;
END
$$;
COMMENT ON FUNCTION _dunning.erp_dolibarr_views(name, text) IS 'The views over the tables of Dolibarr: items, payments and customers';

-- An item is an invoice, or by a negative key its warranty.
CREATE FUNCTION _dunning.erp_dolibarr_columns(schema name, version text) RETURNS TABLE (view name, column_name name, expression text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT c.view, c.column_name, _dunning.erp_expression(schema, _dunning.erp_dolibarr_prefix(schema), c.needs::jsonb, c.expression)
		FROM (VALUES
			('item', 'net_amount', '{"facture": "rowid total_ht total_ttc"}', '(SELECT _dunning.erp_net(v.amount, f.total_ht::numeric, f.total_ttc::numeric) FROM {facture} AS f WHERE f.rowid = abs(v.key))'),
			('item', 'net_amount', '{"facture": "rowid total total_ttc"}', '(SELECT _dunning.erp_net(v.amount, f.total::numeric, f.total_ttc::numeric) FROM {facture} AS f WHERE f.rowid = abs(v.key))'),
			('customer', 'salesperson', '{"societe_commerciaux": "rowid fk_soc fk_user", "user": "rowid firstname lastname"}', '(SELECT nullif(concat_ws('' '', u.firstname, u.lastname), '''') FROM {societe_commerciaux} AS c JOIN {user} AS u ON u.rowid = c.fk_user WHERE c.fk_soc = v.key ORDER BY c.rowid LIMIT 1)'),
			('customer', 'class', '{"societe": "rowid fk_typent", "c_typent": "id code libelle"}', '(SELECT y.libelle::text FROM {societe} AS s JOIN {c_typent} AS y ON y.id = s.fk_typent WHERE s.rowid = v.key AND y.code <> ''TE_UNKNOWN'')'),
			('customer', 'attribute_region', '{"societe": "rowid fk_departement", "c_departements": "rowid nom"}', '(SELECT d.nom::text FROM {societe} AS s JOIN {c_departements} AS d ON d.rowid = s.fk_departement WHERE s.rowid = v.key)'),
			('customer', 'attribute_tags', '{"categorie": "rowid label", "categorie_societe": "fk_categorie fk_soc"}', '(SELECT string_agg(g.label::text, '', '' ORDER BY g.label) FROM {categorie_societe} AS r JOIN {categorie} AS g ON g.rowid = r.fk_categorie WHERE r.fk_soc = v.key)')) AS c (view, column_name, needs, expression);
	END;
COMMENT ON FUNCTION _dunning.erp_dolibarr_columns(name, text) IS 'What else the tables of Dolibarr say of items and customers';

CREATE FUNCTION _dunning.erp_dolibarr_indexes(schema name, version text) RETURNS TABLE (relation text, statement text, why text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT format('%I.%I', schema, p.prefix || n.name), _dunning.erp_missing_index(schema, p.prefix || n.name, n.column_name), n.why
		FROM (SELECT _dunning.erp_dolibarr_prefix(schema) AS prefix) AS p
		CROSS JOIN (VALUES
			('facture', 'fk_soc', 'otherwise the items of one customer need a scan'),
			('facture', 'fk_facture_source', 'otherwise the day on which one invoice was replaced needs a scan'),
			('paiement_facture', 'fk_facture', 'otherwise the payments of one invoice need a scan'),
			('societe_remise_except', 'fk_facture', 'otherwise the credits of one invoice need a scan'),
			('societe_remise_except', 'fk_facture_source', 'otherwise what was applied of one credit note needs a scan')) AS n (name, column_name, why)
		WHERE _dunning.erp_missing_index(schema, p.prefix || n.name, n.column_name) IS NOT NULL
		UNION ALL
		-- the key of a warranty is an expression
		SELECT format('%I.%I', schema, p.prefix || 'facture'), format('CREATE INDEX ON %I.%I ((- rowid))', schema, p.prefix || 'facture'),
			'otherwise one warranty needs a scan of the invoices'
		FROM (SELECT _dunning.erp_dolibarr_prefix(schema) AS prefix) AS p
		WHERE _dunning.erp_has(schema, p.prefix || 'facture', 'retained_warranty', 'retained_warranty_date_limit')
			AND NOT EXISTS (SELECT FROM pg_catalog.pg_index AS x
				WHERE x.indrelid = pg_catalog.to_regclass(format('%I.%I', schema, p.prefix || 'facture')) AND x.indisvalid AND x.indpred IS NULL
					AND pg_catalog.pg_get_expr(x.indexprs, x.indrelid) = '(- rowid)');
	END;
COMMENT ON FUNCTION _dunning.erp_dolibarr_indexes(name, text) IS 'Indexes of Dolibarr that matter and are missing';

CREATE FUNCTION _dunning.erp_dolibarr_watch(schema name, version text) RETURNS TABLE (relation text, column_name text, why text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT p.prefix || n.name, n.column_name, n.why
		FROM (SELECT _dunning.erp_dolibarr_prefix(schema) AS prefix) AS p
		CROSS JOIN (VALUES
			('facture', 'rowid', 'an invoice that is closed, abandoned or deleted has its pending reminders cancelled at once'),
			('paiement_facture', 'fk_facture', 'an invoice that is paid has its pending reminders cancelled at once, a warranty with the next run'),
			('societe_remise_except', 'fk_facture', 'an invoice that a credit settles has its pending reminders cancelled at once')) AS n (name, column_name, why)
		WHERE p.prefix IS NOT NULL;
	END;
COMMENT ON FUNCTION _dunning.erp_dolibarr_watch(name, text) IS 'The tables of Dolibarr whose changes settle an invoice, and the column that names it';
