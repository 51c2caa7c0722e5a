-- The figures of the ledgers, on many days, in one pass over their movements.

DO $do$
DECLARE
	-- the columns of a figure, behind those that say whose it is
	fields CONSTANT text := (SELECT string_agg(pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, NULL)), ', ' ORDER BY a.attnum)
		FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = '_dunning.figure'::pg_catalog.regclass AND a.attnum > 1);
	c record;
BEGIN
	EXECUTE pg_catalog.format('CREATE TYPE _dunning.figures_line AS (as_of date, currency text, ledger name, company text, customer dunning.item_key, customer_name text, %s, as_of_known boolean)', fields);
	COMMENT ON TYPE _dunning.figures_line IS 'A row of dunning.figures';
	FOR c IN
		SELECT t.attname, coalesce(d.description, v.comment) AS comment
		FROM pg_catalog.pg_attribute AS t
		LEFT JOIN pg_catalog.pg_attribute AS f ON f.attrelid = '_dunning.figure'::pg_catalog.regclass AND f.attname = t.attname
		LEFT JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = f.attrelid AND d.objsubid = f.attnum
		LEFT JOIN (VALUES ('currency', 'Currency of the amounts; those of two are never added up'), ('ledger', 'Ledger, if the figures are by ledger or by customer'),
			('company', 'Company, if the figures are by company'), ('customer', 'Key of the customer in its ledger, if the figures are by customer'),
			('customer_name', 'Name of the customer, if the figures are by customer'),
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

CREATE FUNCTION dunning.figures(from_day date, to_day date DEFAULT dunning.today(), step interval DEFAULT '1 month', grouped_by text DEFAULT 'total',
		ledger name DEFAULT NULL, months integer DEFAULT 3, count_back_months integer DEFAULT 24, thirty_day_months boolean DEFAULT false,
		monthly_sales boolean DEFAULT false, in_currency text DEFAULT 'document') RETURNS SETOF _dunning.figures_line
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	-- as in a series of aged balances
	SET enable_sort = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
	groups CONSTANT text[] := _dunning.report_groups(coalesce(grouped_by, 'total'));
	in_company CONSTANT boolean := _dunning.report_in_company(in_currency);
	days CONSTANT date[] := _dunning.series_days(from_day, coalesce(to_day, dunning.today()), coalesce(step, '1 month'));
	keys CONSTANT text := concat('currency, ',
		CASE WHEN 'ledger' = ANY (groups) THEN 'ledger' ELSE 'NULL::name AS ledger' END, ', ',
		CASE WHEN 'company' = ANY (groups) THEN 'company' ELSE 'NULL::text AS company' END, ', ',
		CASE WHEN 'customer' = ANY (groups) THEN 'customer, max(customer_name) AS customer_name'
			ELSE 'NULL::dunning.item_key AS customer, NULL::text AS customer_name' END);
	movements text;
	others name[];
	sources text;
BEGIN
	months := coalesce(months, 3);
	count_back_months := coalesce(count_back_months, 24);
	PERFORM _dunning.check_months(months, count_back_months);
	PERFORM _dunning.need_ledger(ledger);
	SELECT string_agg(m.query, ' UNION ALL ' ORDER BY l.ledger) FILTER (WHERE NOT l.nets_less), coalesce(array_agg(l.ledger) FILTER (WHERE l.nets_less OR m.query IS NULL), '{}')
		INTO movements, others
	FROM (SELECT s.ledger, s AS l, _dunning.nets_less(s.ledger) AS nets_less FROM dunning.ledger AS s WHERE s.state = 'adopted') AS l
	CROSS JOIN LATERAL (SELECT _dunning.movement_query(l.l, 'customer' = ANY (groups), false, in_company) AS query) AS m
	WHERE figures.ledger IS NULL OR l.ledger = figures.ledger;
	IF movements IS NOT NULL THEN
		sources := format('SELECT %s, _dunning.figures_state(amount, on_day, ages_from, sale, $1, $2, $3) AS state, bool_and(known) AS known FROM (%s) AS m GROUP BY 1, 2, 3, 4',
			keys, movements);
	END IF;
	-- An item without a history has its last open amount throughout.  One that is
	-- set off against nothing is left out, as in an aged balance.
	IF others <> '{}' THEN
		sources := concat_ws(' UNION ALL ', sources, format(
			'SELECT %s, _dunning.figures_state(history, issued_on, due_on, sale, $1, $2, $3) AS state, bool_and(as_of_known AND issued_on IS NOT NULL) AS known '
			'FROM (SELECT i.ledger, i.company, i.currency, i.customer, i.customer_name, i.issued_on, i.due_on, '
				'i.history, i.history IS NOT NULL AS as_of_known, CASE WHEN _dunning.is_sale(i.kind) THEN i.amount END AS sale '
				'FROM _dunning.whole_items($4) AS i WHERE i.ledger = ANY ($5) AND i.history IS NOT NULL AND %s) AS h GROUP BY 1, 2, 3, 4 '
			'UNION ALL '
			'SELECT %s, _dunning.figures_state(open_amount, issued_on, due_on, sale, $1, $2, $3), false '
			'FROM (SELECT i.ledger, i.company, i.currency, i.customer, i.customer_name, i.issued_on, i.due_on, i.open_amount, CASE WHEN _dunning.is_sale(i.kind) THEN i.amount END AS sale '
				'FROM _dunning.whole_items($4) AS i WHERE i.ledger = ANY ($5) AND i.history IS NULL AND %s) AS h GROUP BY 1, 2, 3, 4',
			keys, _dunning.netted_query('i.ledger', 'i.kind', 'i.amount'), keys, _dunning.netted_query('i.ledger', 'i.kind', 'i.amount')));
	END IF;
	IF sources IS NULL OR days = '{}' THEN
		RETURN;
	END IF;
	IF others <> '{}' AND movements IS NOT NULL OR others <> '{}' THEN
		sources := format('SELECT currency, ledger, company, customer, max(customer_name) AS customer_name, _dunning.sum(state) AS state, bool_and(known) AS known FROM (%s) AS s GROUP BY 1, 2, 3, 4', sources);
	END IF;
	RETURN QUERY EXECUTE format(
		'SELECT f.as_of, l.currency, l.ledger, l.company, l.customer, l.customer_name, %s, l.known OR f.as_of >= _dunning.real_day() AND l.known IS NOT NULL '
		'FROM (WITH line AS MATERIALIZED (%s) SELECT *, row_number() OVER (ORDER BY currency, ledger, company, customer_name, customer) AS place FROM line) AS l '
		'CROSS JOIN LATERAL unnest(_dunning.figures_of(l.state, $6, $7)) AS f ORDER BY f.as_of, l.place',
		(SELECT string_agg(format('f.%I', a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a WHERE a.attrelid = '_dunning.figure'::regclass AND a.attnum > 1), sources)
	USING days, months, count_back_months, days[cardinality(days)], others, coalesce(thirty_day_months, false), coalesce(monthly_sales, false);
END
$$;
COMMENT ON FUNCTION dunning.figures(date, date, interval, text, name, integer, integer, boolean, boolean, text) IS
	'DSO, count-back DSO, best possible DSO, average days delinquent, collection effectiveness and what is overdue, on the days from one to another, for each currency, customer, company or ledger, in one pass over the movements. months: of the sales. Items count by their due dates, whatever holds them';
