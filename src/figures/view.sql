-- Reports as views and tables of the user's own, with columns that any tool reads.

CREATE FUNCTION _dunning.report_name(name text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	most CONSTANT integer := 63;
	parts CONSTANT text[] := parse_ident(name);
BEGIN
	IF cardinality(parts) <> 2 THEN
		RAISE EXCEPTION 'the report "%" needs a schema', name
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Name it with a schema of yours, such as ''report.aged''.';
	END IF;
	IF octet_length(parts[1]) > most OR octet_length(parts[2]) > most THEN
		RAISE EXCEPTION 'the name "%" is too long', parts[CASE WHEN octet_length(parts[1]) > most THEN 1 ELSE 2 END]
			USING ERRCODE = 'name_too_long', DETAIL = format('A name has at most %s bytes.', most), HINT = 'Give a shorter name.';
	END IF;
	RETURN format('%I.%I', parts[1], parts[2]);
END
$$;
COMMENT ON FUNCTION _dunning.report_name(text) IS 'The name of a report as SQL has it; error 22023 unless it has a schema, 42622 if it is too long';

-- What dunning.aging_scheme itself writes on a bucket; a label of the user's own is in his language.
CREATE FUNCTION _dunning.french_label(label text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE
		WHEN label = 'not due' THEN 'non échu'
		WHEN label = 'due today' THEN 'échu du jour'
		WHEN label = 'all' THEN 'tout'
		WHEN label ~ '^(up to|over|from) -?[0-9]+( days?| months?)?$' OR label ~ '^-?[0-9]+ to -?[0-9]+( days?| months?)?$' THEN
			regexp_replace(regexp_replace(replace(replace(replace(replace(label, 'up to ', 'jusqu''à '), 'over ', 'plus de '), 'from ', 'à partir de '),
				' to ', ' à '), ' days?$', ' jours'), ' months?$', ' mois')
		ELSE label END;
COMMENT ON FUNCTION _dunning.french_label(text) IS 'The label of a bucket in French, if the scheme made it of its edges; any other label as it is';

CREATE FUNCTION dunning.make_report(name text, scheme text DEFAULT NULL, grouped_by text DEFAULT 'customer', ledger name DEFAULT NULL,
		in_currency text DEFAULT 'document', by_date text DEFAULT 'due', beside interval DEFAULT NULL, disputed boolean DEFAULT NULL,
		language text DEFAULT 'en') RETURNS regclass
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	french CONSTANT boolean := _dunning.need_page_language(make_report.language) = 'fr';
	groups CONSTANT text[] := _dunning.report_groups(coalesce(grouped_by, 'customer'));
	the_scheme CONSTANT dunning.aging_scheme := _dunning.report_scheme(scheme, ledger);
	view CONSTANT text := _dunning.report_name(name);
	fields text;
BEGIN
	IF name IS NULL THEN
		RETURN NULL;
	END IF;
	IF the_scheme IS NULL THEN
		RAISE EXCEPTION 'there is no aging scheme for the report' USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a scheme, or adopt a ledger first.';
	END IF;
	PERFORM _dunning.report_in_company(in_currency), _dunning.report_by_issue(by_date), _dunning.day_compared(dunning.today(), beside);
	-- two columns of one label get a number
	SELECT string_agg(format('%s AS %I', c.expression, CASE WHEN c.nth > 1 THEN c.label || ' ' || c.nth ELSE c.label END), ', '
		ORDER BY c.place, c.label) INTO fields
	FROM (SELECT u.*, row_number() OVER (PARTITION BY u.label ORDER BY u.place) AS nth FROM (
			SELECT f.place, f.expression, CASE WHEN french THEN f.fr ELSE f.en END AS label
			FROM (VALUES (0, 'r.currency', 'currency', 'devise'), (99, 'r.items', 'items', 'pièces'), (1000, 'dunning.undated(r.balance)', 'no due date', 'sans échéance'),
					(1001, 'r.total', 'total', 'total'), (1002, 'r.overdue', 'overdue', 'échu'),
					(1003, 'r.before_on', 'before', 'jour comparé'), (1004, 'r.total_before', 'total before', 'total avant'), (1005, 'r.total_change', 'change', 'évolution'),
					(1006, 'r.overdue_before', 'overdue before', 'échu avant'), (1007, 'r.overdue_change', 'change overdue', 'évolution échu')) AS f (place, expression, en, fr)
			WHERE beside IS NOT NULL OR f.place < 1003
			UNION ALL
			SELECT k.place, format(CASE WHEN k.is_key OR k.type = 'name' THEN 'r.%I::pg_catalog.text' ELSE 'r.%I' END, k.name), CASE WHEN french THEN k.fr ELSE k.en END
			FROM _dunning.report_keys() AS k WHERE k.word = ANY (groups) AND k.name <> 'attributes'
			UNION ALL
			SELECT (SELECT k.place FROM _dunning.report_keys() AS k WHERE k.name = 'attributes'), format('r.attributes OPERATOR(pg_catalog.->>) %L', g), g
			FROM unnest(groups) AS g WHERE g NOT IN (SELECT k.word FROM _dunning.report_keys() AS k)
			UNION ALL
			SELECT 100 + b.bucket, format('dunning.amount(r.balance, %s)', b.bucket), CASE WHEN french THEN _dunning.french_label(b.label) ELSE b.label END
			FROM dunning.aging_buckets(the_scheme) AS b) AS u) AS c;
	BEGIN
		EXECUTE format('CREATE OR REPLACE VIEW %s WITH (security_invoker = true) AS SELECT %s FROM dunning.%s(dunning.today(), %sscheme => %L, grouped_by => %L, ledger => %L, '
			'in_currency => %L, by_date => %L, disputed => %L) AS r WHERE r.is_total OPERATOR(pg_catalog.=) %L', view, fields,
			CASE WHEN beside IS NULL THEN 'aged_balance_report' ELSE 'aged_balance_change' END, CASE WHEN beside IS NULL THEN '' ELSE format('beside => %L, ', beside) END,
			the_scheme::text, coalesce(grouped_by, 'customer'), ledger, coalesce(in_currency, 'document'), coalesce(by_date, 'due'), disputed, groups = '{}');
	EXCEPTION WHEN invalid_table_definition OR wrong_object_type THEN
		RAISE EXCEPTION 'the report % is there already, with other columns', view
			USING ERRCODE = 'duplicate_table', DETAIL = upper(left(SQLERRM, 1)) || substr(SQLERRM, 2) || '.',
				HINT = format('Give another name, or drop it first: DROP VIEW %s.', view);
	END;
	EXECUTE format('COMMENT ON VIEW %s IS %L', view, 'Aged balance on dunning.today(), made by dunning.make_report');
	RETURN view::regclass;
END
$$;
COMMENT ON FUNCTION dunning.make_report(text, text, text, name, text, text, interval, boolean, text) IS
	'Makes a view in a schema of yours: the aged balance on dunning.today(), with a column of numbers for each bucket, labels in English (en) or French (fr); beside: with what was open so long before. It is read with the rights of the reader. A report of the same columns is replaced';

-- What is a copy its comment says, so that a dump keeps it.
CREATE FUNCTION _dunning.copy_comment() RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN 'Copy of %s, made by dunning.publish_report; dunning.refresh_reports renews it';
COMMENT ON FUNCTION _dunning.copy_comment() IS 'The comment of a copy of a report';

-- A copy is renewed with the rights of its owner, and so is all that is defined behind it.
CREATE FUNCTION _dunning.publishes_strangers(report oid, owner oid) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN pg_has_role(owner, (SELECT c.relowner FROM pg_class AS c WHERE c.oid = 'dunning.open_item'::regclass), 'MEMBER')
		AND EXISTS (
			SELECT FROM _dunning.strangers(ARRAY[report]) AS s (role) WHERE s.role <> owner
			UNION ALL
			SELECT FROM dunning.ledger AS l CROSS JOIN LATERAL _dunning.strangers(_dunning.ledger_relations(l)) AS s (role)
			WHERE l.state = 'adopted' AND s.role <> owner);
COMMENT ON FUNCTION _dunning.publishes_strangers(oid, oid) IS
	'Whether reading a report, or a copy of one, as an owner runs what others define with the rights of a superuser or of the extension''s owner';

CREATE FUNCTION dunning.publish_report(report regclass, role name, name text DEFAULT NULL, company text DEFAULT NULL) RETURNS regclass
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	copy CONSTANT text := _dunning.report_name(coalesce(publish_report.name, (SELECT format('%I.%I', n.nspname, c.relname || '_published')
		FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = publish_report.report)));
	-- as dunning.make_report calls it
	company_column CONSTANT name := (SELECT a.attname FROM pg_attribute AS a JOIN _dunning.report_keys() AS k ON k.name = 'company'
		AND a.attname IN (k.en, k.fr)
		WHERE a.attrelid = publish_report.report AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum LIMIT 1);
BEGIN
	IF report IS NULL OR role IS NULL THEN
		RETURN NULL;
	END IF;
	IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = publish_report.report AND c.relkind IN ('v', 'r', 'm', 'p', 'f')) THEN
		RAISE EXCEPTION 'the report "%" does not exist', report
			USING ERRCODE = 'undefined_table', HINT = 'SELECT dunning.make_report(...) makes one.';
	END IF;
	IF _dunning.publishes_strangers(report, _dunning.me()) THEN
		RAISE EXCEPTION 'the tables and views of others are not published as role "%"', current_user
			USING ERRCODE = 'insufficient_privilege', DETAIL = 'Each refresh would run what their owners define with its rights.',
				HINT = 'SET ROLE to a role that may read the tables of the ledgers, and make the report as this role.';
	END IF;
	IF publish_report.company IS NOT NULL AND company_column IS NULL THEN
		RAISE EXCEPTION 'the report % has no column of the company', report
			USING ERRCODE = 'undefined_column', HINT = 'Make it by company, too: SELECT dunning.make_report(..., grouped_by => ''company, customer'').';
	END IF;
	IF to_regclass(copy) IS NOT NULL THEN
		RAISE EXCEPTION 'the report % is there already', copy USING ERRCODE = 'duplicate_table',
			HINT = format('Give another name, or drop it first: DROP MATERIALIZED VIEW %s. SELECT * FROM dunning.refresh_reports() renews the copies.', copy);
	END IF;
	EXECUTE format('CREATE MATERIALIZED VIEW %s AS SELECT * FROM %s', copy, report)
		|| CASE WHEN publish_report.company IS NULL THEN '' ELSE format(' WHERE %I OPERATOR(pg_catalog.=) %L', company_column, publish_report.company) END;
	EXECUTE format('COMMENT ON MATERIALIZED VIEW %s IS %L', copy, format(_dunning.copy_comment(), report));
	EXECUTE format('GRANT SELECT ON %s TO %I', copy, role);
	RETURN copy::regclass;
END
$$;
COMMENT ON FUNCTION dunning.publish_report(regclass, name, text, text) IS
	'Copies a report into a materialised view that a role may read without rights on the ERP''s tables. It has the rows that you may read, or those of one company; dunning.refresh_reports renews it. Error 42501 for a superuser or the extension''s owner where tables or the report belong to others';

-- Each is renewed by its owner's rights, as REFRESH does it, whoever calls.
CREATE FUNCTION dunning.refresh_reports() RETURNS TABLE (report text, problem text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	one record;
BEGIN
	FOR one IN SELECT format('%I.%I', n.nspname, c.relname) AS name, c.oid AS relation, c.relowner AS owner
		FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE c.relkind = 'm' AND pg_has_role(c.relowner, 'USAGE') AND obj_description(c.oid, 'pg_class') LIKE format(_dunning.copy_comment(), '%')
		ORDER BY 1
	LOOP
		report := one.name;
		problem := NULL;
		BEGIN
			-- a ledger may have been adopted since
			IF _dunning.publishes_strangers(one.relation, one.owner) THEN
				RAISE EXCEPTION 'the tables and views of others are not published as role "%"', pg_get_userbyid(one.owner)
					USING ERRCODE = 'insufficient_privilege';
			END IF;
			EXECUTE 'REFRESH MATERIALIZED VIEW ' || one.name;
		EXCEPTION WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
			RAISE;
		WHEN OTHERS THEN
			problem := SQLERRM;
			RAISE WARNING 'the report % was not renewed: %', one.name, SQLERRM;
		END;
		RETURN NEXT;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dunning.refresh_reports() IS
	'Renews the copies that dunning.publish_report made and that are yours, and says which; a copy that cannot be renewed stays as it is, with a warning that says why';
