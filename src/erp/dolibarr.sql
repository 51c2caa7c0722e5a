-- Dolibarr: invoices in <prefix>facture, payments in <prefix>paiement_facture,
-- credits in <prefix>societe_remise_except.  The prefix is llx_ unless the
-- installation chose another.

INSERT INTO dunning.erp (name, title, description, shipped) VALUES
	('dolibarr', 'Dolibarr', 'each validated invoice, deposit, situation and credit note; payments on their day, credits applied to two invoices with opposite signs', true);

-- The one prefix by which all tables of Dolibarr that count are in a schema.
CREATE FUNCTION dunning.erp_dolibarr_prefix(schema name) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT left(f.relname, -7)
		FROM pg_class AS f
		WHERE f.relnamespace = to_regnamespace(quote_ident(schema)) AND f.relkind IN ('r', 'p') AND f.relname LIKE '%facture'
			AND (SELECT count(*) = 4 FROM pg_class AS c
				WHERE c.relnamespace = f.relnamespace AND c.relkind IN ('r', 'p')
					AND c.relname IN (left(f.relname, -7) || 'paiement', left(f.relname, -7) || 'paiement_facture',
						left(f.relname, -7) || 'societe', left(f.relname, -7) || 'societe_remise_except'))
			AND (SELECT count(*) = 9 FROM pg_attribute AS a
				WHERE a.attrelid = f.oid AND NOT a.attisdropped
					AND a.attname IN ('rowid', 'entity', 'fk_soc', 'datef', 'date_lim_reglement', 'total_ttc', 'fk_statut', 'type', 'close_code'))
		ORDER BY f.relname <> 'llx_facture', f.relname LIMIT 1);
COMMENT ON FUNCTION dunning.erp_dolibarr_prefix(name) IS 'The prefix of Dolibarr''s tables in a schema, NULL if they are not there';

CREATE FUNCTION dunning.erp_dolibarr_detect(schema name) RETURNS TABLE (version text, sure numeric, evidence text)
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	prefix CONSTANT text := dunning.erp_dolibarr_prefix(schema);
	facture regclass;
	known integer;
BEGIN
	IF prefix IS NULL THEN
		RETURN;
	END IF;
	facture := to_regclass(format('%I.%I', schema, prefix || 'facture'));
	-- tables that the profile can do without, but that every installation has
	SELECT count(*) INTO known FROM unnest(ARRAY['const', 'facturedet', 'socpeople', 'user']) AS t (name)
	WHERE to_regclass(format('%I.%I', schema, prefix || t.name)) IS NOT NULL;
	RETURN QUERY
		SELECT CASE WHEN 'dispute_status' = ANY (c.names) THEN '21 or later'
				WHEN 'total_ht' = ANY (c.names) THEN '14 or later'
				WHEN 'ref' = ANY (c.names) THEN '10 or later'
				ELSE 'before 10' END,
			0.8 + 0.05 * known,
			format('%sfacture with rowid, datef, date_lim_reglement and fk_statut beside %1$spaiement_facture and %1$ssociete_remise_except', prefix)
		FROM (SELECT array_agg(a.attname::text) AS names FROM pg_attribute AS a
			WHERE a.attrelid = facture AND a.attnum > 0 AND NOT a.attisdropped) AS c;
END
$$;
COMMENT ON FUNCTION dunning.erp_dolibarr_detect(name) IS 'Whether a schema holds the tables of Dolibarr, and of which time';

-- What an invoice is still owed follows from the payments and credits that are
-- there; the columns paye and fk_statut are set by hand, too, and hold no past.
-- A credit has no day of its own on which it was applied: it counts from the
-- later one of its making and the day of the invoice that it reduces.
CREATE FUNCTION dunning.erp_dolibarr_views(schema name, version text) RETURNS TABLE (view name, query text, description text)
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	prefix CONSTANT text := dunning.erp_dolibarr_prefix(schema);
	facture regclass;
	tables jsonb;
	has jsonb;
	foreign_money text;
	decimals text := '2';
	main_currency text := 'f.fk_currency';
	total text;
	paid text;
	credited text;
	closed_on text;
	line_source text;
	counted CONSTANT text := 'f.type IN (0, 1, 2, 3, 5) AND (f.fk_statut IN (1, 2) OR f.fk_statut = 3 AND f.close_code NOT IN (''abandon'', ''replaced''))';
BEGIN
	IF prefix IS NULL THEN
		RETURN;
	END IF;
	SELECT jsonb_object_agg(t.name, format('%I.%I', schema, prefix || t.name)) INTO tables
	FROM unnest(ARRAY['facture', 'facturedet', 'paiement', 'paiement_facture', 'societe', 'societe_remise_except', 'socpeople', 'const', 'c_typent']) AS t (name)
	WHERE to_regclass(format('%I.%I', schema, prefix || t.name)) IS NOT NULL;
	SELECT jsonb_object_agg(t.key || '.' || a.attname, true) INTO has
	FROM jsonb_each_text(tables) AS t
	JOIN pg_attribute AS a ON a.attrelid = t.value::regclass AND a.attnum > 0 AND NOT a.attisdropped;
	IF NOT has ? 'facture.fk_currency' THEN
		main_currency := 'NULL::text';
	END IF;

	-- The settings are read when the view is, once a query.
	IF tables ? 'const' THEN
		decimals := format('coalesce((SELECT max(substring(k.value FROM ''^[0-9]+'')::integer) FROM %s AS k WHERE k.name = ''MAIN_MAX_DECIMALS_TOT''), 2)', tables ->> 'const');
		main_currency := format('coalesce((SELECT k.value FROM %1$s AS k WHERE k.name = ''MAIN_MONNAIE'' AND k.entity = f.entity), '
			'(SELECT k.value FROM %1$s AS k WHERE k.name = ''MAIN_MONNAIE'' ORDER BY k.entity LIMIT 1), %2$s)', tables ->> 'const',
			CASE WHEN has ? 'facture.fk_currency' THEN 'f.fk_currency' ELSE 'NULL' END);
	END IF;

	-- An invoice in another currency carries its amounts a second time.
	foreign_money := CASE WHEN has ?& ARRAY['facture.multicurrency_code', 'facture.multicurrency_total_ttc', 'paiement_facture.multicurrency_amount',
			'societe_remise_except.multicurrency_amount_ttc']
		THEN format('coalesce(f.multicurrency_code <> '''' AND f.multicurrency_code <> %s, false)', main_currency) END;
	total := format('round(%s::numeric, %s)', CASE WHEN foreign_money IS NULL THEN 'f.total_ttc'
		ELSE format('(CASE WHEN %s THEN f.multicurrency_total_ttc ELSE f.total_ttc END)', foreign_money) END, decimals);
	paid := format('round(%s::numeric, %s)', CASE WHEN foreign_money IS NULL THEN 'pf.amount'
		ELSE format('(CASE WHEN %s THEN pf.multicurrency_amount ELSE pf.amount END)', foreign_money) END, decimals);
	credited := format('round(%s::numeric, %s)', CASE WHEN foreign_money IS NULL THEN 'r.amount_ttc'
		ELSE format('(CASE WHEN %s THEN r.multicurrency_amount_ttc ELSE r.amount_ttc END)', foreign_money) END, decimals);
	closed_on := format('coalesce(%sf.datef)::date', CASE WHEN has ? 'facture.date_closing' THEN 'f.date_closing, ' ELSE '' END
		|| CASE WHEN has ? 'facture.tms' THEN 'f.tms, ' ELSE '' END);

	RETURN QUERY SELECT 'item'::name, format(
		'SELECT f.rowid AS key, f.fk_soc AS customer, %1$s AS company, %2$s AS currency, f.%3$I AS reference, f.datef AS issued_on, '
			'coalesce(f.date_lim_reglement, f.datef) AS due_on, %4$s AS amount, %5$s AS company_currency, '
			'round(f.total_ttc::numeric, %6$s) AS company_amount, false AS held, %7$s AS disputed, f.date_lim_reglement IS NOT NULL OR f.type = 2 AS due_given '
		'FROM %8$s AS f WHERE %9$s',
		CASE WHEN tables ? 'const' THEN format('coalesce((SELECT k.value FROM %s AS k WHERE k.name = ''MAIN_INFO_SOCIETE_NOM'' AND k.entity = f.entity), f.entity::text)', tables ->> 'const')
			ELSE 'f.entity::text' END,
		CASE WHEN foreign_money IS NULL THEN main_currency ELSE format('CASE WHEN %s THEN f.multicurrency_code ELSE %s END', foreign_money, main_currency) END,
		CASE WHEN has ? 'facture.ref' THEN 'ref' ELSE 'facnumber' END,
		total, main_currency, decimals,
		CASE WHEN has ? 'facture.dispute_status' THEN 'coalesce(f.dispute_status <> 0, false)' ELSE 'false' END,
		tables ->> 'facture', counted),
		'Invoices, replacements, deposits and situations, and credit notes with a negative amount; without drafts, proforma invoices, and what was abandoned or replaced'::text;

	-- A credit note, or what was paid too much, loses what is applied elsewhere:
	-- to an invoice, or as a line of one.  A deposit that was paid is no
	-- receivable any more, so it only gives.
	line_source := CASE WHEN has ?& ARRAY['facturedet.rowid', 'facturedet.fk_facture'] THEN format(
		' UNION ALL SELECT r.fk_facture_source, - %1$s, - round(r.amount_ttc::numeric, %2$s), greatest(r.datec::date, t.datef) '
		'FROM %4$s AS r JOIN %3$s AS f ON f.rowid = r.fk_facture_source JOIN %5$s AS d ON d.rowid = r.fk_facture_line JOIN %3$s AS t ON t.rowid = d.fk_facture '
		'WHERE f.type <> 3 AND r.fk_facture IS NULL AND t.fk_statut <> 0',
		credited, decimals, tables ->> 'facture', tables ->> 'societe_remise_except', tables ->> 'facturedet') END;
	RETURN QUERY SELECT 'payment'::name, format(
		'SELECT pf.fk_facture AS item, %1$s AS amount, round(pf.amount::numeric, %2$s) AS company_amount, p.datep::date AS date '
		'FROM %3$s AS pf JOIN %4$s AS p ON p.rowid = pf.fk_paiement JOIN %5$s AS f ON f.rowid = pf.fk_facture '
		'UNION ALL SELECT r.fk_facture, %6$s, round(r.amount_ttc::numeric, %2$s), greatest(r.datec::date, f.datef) '
		'FROM %7$s AS r JOIN %5$s AS f ON f.rowid = r.fk_facture '
		'UNION ALL SELECT r.fk_facture_source, - %6$s, - round(r.amount_ttc::numeric, %2$s), greatest(r.datec::date, t.datef) '
		'FROM %7$s AS r JOIN %5$s AS f ON f.rowid = r.fk_facture_source JOIN %5$s AS t ON t.rowid = r.fk_facture '
		'WHERE f.type <> 3%8$s'
		' UNION ALL SELECT f.rowid, %9$s - coalesce(x.amount, 0), round(f.total_ttc::numeric, %2$s) - coalesce(x.company_amount, 0), %10$s '
		'FROM %5$s AS f CROSS JOIN LATERAL (SELECT sum(y.amount) AS amount, sum(y.company_amount) AS company_amount FROM ('
			'SELECT %1$s AS amount, round(pf.amount::numeric, %2$s) AS company_amount FROM %3$s AS pf WHERE pf.fk_facture = f.rowid '
			'UNION ALL SELECT %6$s, round(r.amount_ttc::numeric, %2$s) FROM %7$s AS r WHERE r.fk_facture = f.rowid) AS y) AS x '
		'WHERE f.close_code IS NOT NULL AND f.close_code <> '''' AND f.fk_statut IN (2, 3) AND f.type <> 2',
		paid, decimals, tables ->> 'paiement_facture', tables ->> 'paiement', tables ->> 'facture', credited, tables ->> 'societe_remise_except',
		coalesce(line_source, ''), total, closed_on),
		'Payments on their day, credits applied with opposite signs for the two invoices, and what was given up when an invoice was closed'::text;

	RETURN QUERY SELECT 'customer'::name, format(
		'SELECT s.rowid AS key, s.nom::text AS name, %s AS email, %s AS phone, s.default_lang::text AS language, %s AS professional FROM %s AS s%s',
		CASE WHEN tables ? 'socpeople' THEN format('coalesce(nullif(s.email, ''''), (SELECT c.email FROM %s AS c WHERE c.fk_soc = s.rowid AND c.email <> ''''%s ORDER BY c.rowid LIMIT 1))',
			tables ->> 'socpeople', CASE WHEN has ? 'socpeople.statut' THEN ' AND c.statut = 1' ELSE '' END) ELSE 'nullif(s.email, '''')' END,
		CASE WHEN has ? 'societe.phone_mobile' THEN 'coalesce(nullif(s.phone, ''''), nullif(s.phone_mobile, ''''))' ELSE 'nullif(s.phone, '''')' END,
		CASE WHEN has ?& ARRAY['c_typent.id', 'c_typent.code', 'societe.fk_typent'] THEN 'CASE WHEN y.code = ''TE_PRIVATE'' THEN false WHEN y.code <> ''TE_UNKNOWN'' THEN true END'
			ELSE 'NULL::boolean' END,
		tables ->> 'societe',
		CASE WHEN has ?& ARRAY['c_typent.id', 'c_typent.code', 'societe.fk_typent'] THEN format(' LEFT JOIN %s AS y ON y.id = s.fk_typent', tables ->> 'c_typent') ELSE '' END),
		'Third parties, with the address of a contact where they have none of their own'::text;
END
$$;
COMMENT ON FUNCTION dunning.erp_dolibarr_views(name, text) IS 'The views over the tables of Dolibarr: items, payments and customers';

CREATE FUNCTION dunning.erp_dolibarr_indexes(schema name, version text) RETURNS TABLE (relation text, statement text, why text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT t.relation::text, format('CREATE INDEX ON %s (%I)', t.relation, n.column_name), n.why
		FROM (VALUES
			('facture', 'fk_soc', 'otherwise the items of one customer need a scan'),
			('paiement_facture', 'fk_facture', 'otherwise the payments of one invoice need a scan'),
			('societe_remise_except', 'fk_facture', 'otherwise the credits of one invoice need a scan'),
			('societe_remise_except', 'fk_facture_source', 'otherwise what was applied of one credit note needs a scan')) AS n (name, column_name, why)
		CROSS JOIN LATERAL (SELECT to_regclass(format('%I.%I', schema, dunning.erp_dolibarr_prefix(schema) || n.name)) AS relation) AS t
		WHERE t.relation IS NOT NULL AND NOT dunning.has_index(t.relation, n.column_name);
	END;
COMMENT ON FUNCTION dunning.erp_dolibarr_indexes(name, text) IS 'Indexes of Dolibarr that matter and are missing';

CREATE FUNCTION dunning.erp_dolibarr_watch(schema name, version text) RETURNS TABLE (relation text, column_name text, why text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT p.prefix || n.name, n.column_name, n.why
		FROM (SELECT dunning.erp_dolibarr_prefix(schema) AS prefix) AS p
		CROSS JOIN (VALUES
			('facture', 'rowid', 'an invoice that is closed, abandoned or deleted has its pending reminders cancelled at once'),
			('paiement_facture', 'fk_facture', 'an invoice that is paid has its pending reminders cancelled at once'),
			('societe_remise_except', 'fk_facture', 'an invoice that a credit settles has its pending reminders cancelled at once')) AS n (name, column_name, why)
		WHERE p.prefix IS NOT NULL;
	END;
COMMENT ON FUNCTION dunning.erp_dolibarr_watch(name, text) IS 'The tables of Dolibarr whose changes settle an invoice, and the column that names it';
