-- The figures of the ledgers, on many days, in one pass over their movements.

DO $do$
DECLARE
	-- the columns of a figure, behind those that say whose it is
	fields CONSTANT text := (SELECT string_agg(pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, NULL)), ', '
		ORDER BY a.attnum)
		FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = '_dunning.figure'::pg_catalog.regclass AND a.attnum > 1);
	c record;
BEGIN
	EXECUTE pg_catalog.format('CREATE TYPE _dunning.figures_line AS (as_of date, currency text, %s, %s, as_of_known boolean)',
		(SELECT string_agg(k.name || ' ' || k.type, ', ' ORDER BY k.place) FROM _dunning.report_keys() AS k), fields);
	COMMENT ON TYPE _dunning.figures_line IS 'A row of dunning.figures';
	FOR c IN
		SELECT t.attname, coalesce(d.description, v.comment) AS comment
		FROM pg_catalog.pg_attribute AS t
		LEFT JOIN pg_catalog.pg_attribute AS f ON f.attrelid = '_dunning.figure'::pg_catalog.regclass AND f.attname = t.attname
		LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = f.attrelid AND d.objsubid = f.attnum
		LEFT JOIN (SELECT k.name, k.comment FROM _dunning.report_keys() AS k
			UNION ALL VALUES ('currency', 'Currency of the amounts; those of two are never added up'),
			('as_of_known', 'False where the ledger has no dated payments, or an item no issue date or a payment no date: the figures may then be others than on that day')) AS v (name, comment) ON v.name = t.attname
		WHERE t.attrelid = '_dunning.figures_line'::pg_catalog.regclass
	LOOP
		EXECUTE pg_catalog.format('COMMENT ON COLUMN _dunning.figures_line.%I IS %L', c.attname, c.comment);
	END LOOP;
END
$do$;

CREATE FUNCTION _dunning.check_months(months integer, count_back_months integer) RETURNS void
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF months NOT BETWEEN 1 AND 120 OR count_back_months NOT BETWEEN 0 AND 120 THEN
		RAISE EXCEPTION 'there are no figures of % months of sales, and % months counted back', months, count_back_months
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'Sales are of 1 to 120 months, and 0 to 120 months are counted back.';
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.check_months(integer, integer) IS 'Error 22023 for other numbers of months than figures have';

CREATE FUNCTION _dunning.figures_on(days date[], grouped_by text, ledger name, months integer, count_back_months integer,
	thirty_day_months boolean,
		monthly_sales boolean, in_currency text, with_tax boolean) RETURNS SETOF _dunning.figures_line
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	-- as in a series of aged balances
	SET enable_sort = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
	groups CONSTANT text[] := _dunning.report_groups(coalesce(grouped_by, 'total'));
	in_company CONSTANT boolean := _dunning.report_in_company(in_currency);
	net CONSTANT boolean := NOT coalesce(with_tax, true);
	-- a share of the amount is without tax; twelve decimals are none of a sum's cents
	amounts CONSTANT text := CASE WHEN net THEN 'round(amount * net_share, 12), on_day, ages_from, round(sale * net_share, 12)' ELSE 'amount, on_day, ages_from, sale' END;
	k record;
	movements text;
	others name[];
	sources text;
	untaxed name;
BEGIN
	months := coalesce(months, 3);
	count_back_months := coalesce(count_back_months, 24);
	PERFORM _dunning.check_months(months, count_back_months);
	PERFORM _dunning.need_ledger(ledger);
	SELECT l.ledger INTO untaxed FROM dunning.ledger AS l
	WHERE net AND l.state = 'adopted' AND l.columns ->> 'net_amount' IS NULL
		AND (figures_on.ledger IS NULL OR l.ledger = figures_on.ledger) ORDER BY 1 LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'the ledger "%" does not say its amounts without tax', untaxed
			USING ERRCODE = 'invalid_parameter_value', HINT = format('Map the field net_amount of its items: SELECT * FROM dunning.adopt(..., ledger => %L, columns => ''{"net_amount": "..."}'', replace => true).', untaxed);
	END IF;
	SELECT * INTO k FROM _dunning.report_sql(groups, 'ages_from');
	SELECT string_agg(m.query, ' UNION ALL ' ORDER BY l.ledger) FILTER (WHERE NOT l.nets_less),
		coalesce(array_agg(l.ledger) FILTER (WHERE l.nets_less OR m.query IS NULL), '{}')
		INTO movements, others
	FROM (SELECT s.ledger, s AS l, _dunning.nets_less(s.ledger) AS nets_less FROM dunning.ledger AS s WHERE s.state = 'adopted') AS l
	CROSS JOIN LATERAL (SELECT _dunning.movement_query(l.l, CASE WHEN net THEN groups || 'net_share'::text ELSE groups END, false,
		in_company) AS query) AS m
	WHERE figures_on.ledger IS NULL OR l.ledger = figures_on.ledger;
	IF movements IS NOT NULL THEN
		sources := format('SELECT currency, %s, _dunning.figures_state(%s, $1, $2, $3) AS state, bool_and(known) AS known FROM (%s) AS m GROUP BY %s',
			k.keys, amounts, movements, k.grouped);
	END IF;
	-- An item without a history has its last open amount throughout.  One that is
	-- set off against nothing is left out, as in an aged balance.
	IF others <> '{}' THEN
		sources := concat_ws(' UNION ALL ', sources, format(
			'SELECT currency, %1$s, _dunning.figures_state(%4$s, $1, $2, $3) AS state, bool_and(issued_on IS NOT NULL) AS known '
			'FROM (%2$s AND i.history IS NOT NULL) AS h %5$s GROUP BY %3$s '
			'UNION ALL '
			'SELECT currency, %1$s, _dunning.figures_state(%6$s, $1, $2, $3), false '
			'FROM (%2$s AND i.history IS NULL) AS h GROUP BY %3$s',
			k.keys, format('SELECT i.*, i.due_on AS ages_from, CASE WHEN _dunning.is_sale(i.kind) THEN i.amount END AS sale, '
					'CASE WHEN i.amount <> 0 THEN coalesce(i.net_amount / i.amount, 1) ELSE 1 END AS net_share '
				'FROM _dunning.whole_items($4) AS i WHERE i.ledger = ANY ($5) AND %s', _dunning.netted_query('i.ledger', 'i.kind', 'i.amount')), k.grouped,
			CASE WHEN net THEN 'round(v.amount * net_share, 12), v.on_day, ages_from, round(v.sale * net_share, 12)' ELSE 'history, issued_on, ages_from, sale' END,
			-- the first of its rows has the sale
			CASE WHEN net THEN 'CROSS JOIN LATERAL (SELECT 0, h.issued_on, h.sale UNION ALL SELECT m.amount, greatest(m.on_day, h.issued_on), NULL FROM dunning.movements(h.history) AS m) AS v (amount, on_day, sale)'
				ELSE '' END,
			CASE WHEN net THEN 'round(open_amount * net_share, 12), issued_on, ages_from, round(sale * net_share, 12)' ELSE 'open_amount, issued_on, ages_from, sale' END));
	END IF;
	IF sources IS NULL OR days = '{}' THEN
		RETURN;
	END IF;
	IF others <> '{}' THEN
		sources := format('SELECT currency, %s, _dunning.sum(state) AS state, bool_and(known) AS known FROM (%s) AS s GROUP BY %s', k.again, sources, k.grouped);
	END IF;
	-- One number to sort by: a second key stands far behind in each row, and reading it
	-- takes longer than all the rest where there are many lines.
	RETURN QUERY EXECUTE format(
		'SELECT f.as_of, currency, %s, %s, l.known OR f.as_of >= _dunning.real_day() AND l.known IS NOT NULL '
		'FROM (WITH line AS MATERIALIZED (%s) SELECT *, row_number() OVER (ORDER BY %s) AS place FROM line) AS l '
		'CROSS JOIN LATERAL unnest(_dunning.figures_of(l.state, $6, $7)) AS f '
		'ORDER BY (f.as_of - date ''0001-01-01'')::bigint * 4294967296 + l.place',
		k.names, (SELECT string_agg(format(CASE WHEN net AND a.attname IN ('receivables', 'overdue', 'overdue_beyond_90', 'sales')
				THEN 'round(f.%I, coalesce((SELECT c.decimals FROM dunning.currency AS c WHERE c.code = l.currency), 2))' ELSE 'f.%I' END, a.attname), ', ' ORDER BY a.attnum)
			FROM pg_attribute AS a WHERE a.attrelid = '_dunning.figure'::regclass AND a.attnum > 1), sources, k.sorted)
	USING days, months, count_back_months, days[cardinality(days)], others, coalesce(thirty_day_months, false),
		coalesce(monthly_sales, false);
END
$$;
COMMENT ON FUNCTION _dunning.figures_on(date[], text, name, integer, integer, boolean, boolean, text, boolean) IS 'The rows of dunning.figures on ascending days';

CREATE FUNCTION dunning.figures(from_day date, to_day date DEFAULT dunning.today(), step interval DEFAULT '1 month', grouped_by text DEFAULT 'total',
		ledger name DEFAULT NULL, months integer DEFAULT 3, count_back_months integer DEFAULT 24, thirty_day_months boolean DEFAULT false,
		monthly_sales boolean DEFAULT false, in_currency text DEFAULT 'document', with_tax boolean DEFAULT true) RETURNS SETOF _dunning.figures_line
	LANGUAGE sql STABLE PARALLEL SAFE
	BEGIN ATOMIC
		SELECT f.* FROM _dunning.figures_on(_dunning.series_days(from_day, coalesce(to_day, dunning.today()), coalesce(step, '1 month')),
			grouped_by, ledger,
			months, count_back_months, thirty_day_months, monthly_sales, in_currency, with_tax) AS f;
	END;
COMMENT ON FUNCTION dunning.figures(date, date, interval, text, name, integer, integer, boolean, boolean, text, boolean) IS
	'DSO, its parts and its count-back, collection effectiveness and what is overdue, on the days from one to another, grouped as dunning.aged_balance_report, in one pass. months: of the sales. with_tax: false for amounts without tax, by net_amount of the items. Items count by their due dates';
