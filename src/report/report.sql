-- The aged balance of the ledgers, on any date and over time.

DO $do$
DECLARE
	keys CONSTANT text := (SELECT string_agg(k.name || ' ' || k.type, ', ' ORDER BY k.place) FROM _dunning.report_keys() AS k);
	k record;
BEGIN
	EXECUTE pg_catalog.format('CREATE TYPE _dunning.aged_balance_line AS (currency text, %s, is_total boolean, '
		'items bigint, balance dunning.aged_balance, total numeric, overdue numeric, percent numeric, as_of_known boolean, not_netted numeric)', keys);
	EXECUTE pg_catalog.format('CREATE TYPE _dunning.aged_balance_point AS (as_of date, currency text, %s, '
		'balance dunning.aged_balance, total numeric, as_of_known boolean)', keys);
	FOR k IN SELECT r.name, r.comment FROM _dunning.report_keys() AS r LOOP
		EXECUTE pg_catalog.format('COMMENT ON COLUMN _dunning.aged_balance_line.%I IS %L', k.name, k.comment);
		EXECUTE pg_catalog.format('COMMENT ON COLUMN _dunning.aged_balance_point.%I IS %L', k.name, k.comment);
	END LOOP;
END
$do$;
COMMENT ON TYPE _dunning.aged_balance_line IS 'A line of dunning.aged_balance_report';
COMMENT ON COLUMN _dunning.aged_balance_line.currency IS 'Currency of the amounts; those of two are never added up';
COMMENT ON COLUMN _dunning.aged_balance_line.is_total IS 'Whether this is the total of the currency';
COMMENT ON COLUMN _dunning.aged_balance_line.items IS 'Number of open items';
COMMENT ON COLUMN _dunning.aged_balance_line.balance IS 'The open amounts by aging bucket';
COMMENT ON COLUMN _dunning.aged_balance_line.total IS 'The sum of the open amounts';
COMMENT ON COLUMN _dunning.aged_balance_line.overdue IS 'That of the items past due, whatever the buckets';
COMMENT ON COLUMN _dunning.aged_balance_line.percent IS 'The total as a percentage of that of the currency, with two decimals; NULL if that is zero';
COMMENT ON COLUMN _dunning.aged_balance_line.as_of_known IS
	'False where dunning.open_item.as_of_known is false of any item, settled ones too';
COMMENT ON COLUMN _dunning.aged_balance_line.not_netted IS 'Open amount of the negative items that the ledger does not net, which balance and total leave out';
COMMENT ON TYPE _dunning.aged_balance_point IS 'A row of dunning.aged_balance_series';
COMMENT ON COLUMN _dunning.aged_balance_point.as_of IS 'Date of the balance';
COMMENT ON COLUMN _dunning.aged_balance_point.currency IS 'Currency of the amounts; those of two are never added up';
COMMENT ON COLUMN _dunning.aged_balance_point.balance IS 'The amounts open on that date by aging bucket';
COMMENT ON COLUMN _dunning.aged_balance_point.total IS 'Their sum';
COMMENT ON COLUMN _dunning.aged_balance_point.as_of_known IS
	'False where the date lies in the past and the ledger has no dated payments, or an item no issue date or a payment without a date: the balance may then be another than on that date';

-- What the two have in common: which groups, which scheme, which date

-- An attribute is known by its name in any ledger; those of the others have no value.
CREATE FUNCTION _dunning.report_groups(grouped_by text) RETURNS text[]
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	groups text[] := regexp_split_to_array(lower(trim(report_groups.grouped_by)), '\s*,\s*');
	known CONSTANT text[] := (SELECT array_agg(DISTINCT k.word) FROM _dunning.report_keys() AS k WHERE k.word <> 'attributes');
	others CONSTANT text[] := ARRAY(SELECT DISTINCT g FROM unnest(groups) AS g WHERE g <> ALL (known || '{currency,total}'::text[]));
	attributes text[];
	wrong text;
BEGIN
	IF others <> '{}' THEN
		attributes := ARRAY(SELECT DISTINCT k FROM dunning.ledger AS l CROSS JOIN LATERAL unnest('{items,customers}'::text[]) AS s (scope)
			CROSS JOIN LATERAL jsonb_object_keys(_dunning.mapped_attributes(l.columns, s.scope)) AS k WHERE l.state = 'adopted' ORDER BY 1);
		SELECT o INTO wrong FROM unnest(others) AS o WHERE o <> ALL (attributes) LIMIT 1;
		IF FOUND THEN
			RAISE EXCEPTION 'a report cannot be by "%"', wrong
				USING ERRCODE = 'invalid_parameter_value',
					HINT = format('It can be by %s, by several of them such as ''company, customer'', or by currency or total.', array_to_string(known || attributes, ', '));
		END IF;
		groups := groups || 'attributes'::text;
	END IF;
	groups := array_remove(array_remove(groups, 'currency'), 'total');
	RETURN CASE WHEN EXISTS (SELECT FROM _dunning.report_keys() AS k WHERE k.is_key AND k.word = ANY (groups))
		THEN groups || 'ledger'::text ELSE groups END;
END
$$;
COMMENT ON FUNCTION _dunning.report_groups(text) IS
	'What a report is grouped by beside the currency, from a list of words, those of _dunning.report_keys and the attributes of the ledgers; error 22023 for another word';

-- A day before the first whole month that there is stands for its month.
CREATE FUNCTION _dunning.month_of(day date) RETURNS date
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN day >= '4713-01-01 BC'::date AND day < 'infinity'::date THEN day + (1 - extract(day FROM day))::integer ELSE day END;
COMMENT ON FUNCTION _dunning.month_of(date) IS 'The first day of the month of a day; an infinite day is its own';

-- Only what somebody wants is read: an item has no key made for a report that is not
-- by it.
CREATE FUNCTION _dunning.report_sql(groups text[], ages_from text, OUT keys text, OUT grouped text, OUT read text, OUT names text,
	OUT again text, OUT sorted text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		WITH a AS (SELECT format('jsonb_build_object(%s)', string_agg(format('%1$L, attributes -> %1$L', g.name), ', ' ORDER BY g.name)) AS object
			FROM (SELECT DISTINCT u AS name FROM unnest(report_sql.groups) AS u) AS g
				WHERE NOT EXISTS (SELECT FROM _dunning.report_keys() AS r WHERE r.word = g.name))
		SELECT string_agg(format('%s AS %I', CASE WHEN NOT w.wanted THEN 'NULL::' || k.type WHEN k.is_name THEN format('max(%I)', k.name)
			WHEN k.name = 'attributes' THEN a.object
					WHEN k.name = 'month' THEN format('_dunning.month_of(%s)', report_sql.ages_from) ELSE quote_ident(k.name) END, k.name), ', ' ORDER BY k.place),
			concat_ws(', ', 'currency', string_agg(CASE k.name WHEN 'attributes' THEN a.object ELSE quote_ident(k.name) END, ', '
				ORDER BY k.place) FILTER (WHERE w.wanted AND NOT k.is_name)),
			concat_ws(', ', 'currency', string_agg(quote_ident(k.name), ', ' ORDER BY k.place) FILTER (WHERE w.wanted AND k.name <> 'month')),
			string_agg(quote_ident(k.name), ', ' ORDER BY k.place),
			string_agg(format(CASE WHEN NOT w.wanted THEN 'NULL::%2$s AS %1$I' WHEN k.is_name THEN 'max(%1$I) AS %1$I' WHEN k.name = 'attributes' THEN '%3$s AS %1$I' ELSE '%1$I' END,
				k.name, k.type, a.object), ', ' ORDER BY k.place),
			-- by the name before the key
			concat_ws(', ', 'currency', string_agg(quote_ident(k.name), ', ' ORDER BY CASE WHEN k.is_name THEN k.place - 2 ELSE k.place END))
		FROM _dunning.report_keys() AS k CROSS JOIN a CROSS JOIN LATERAL (SELECT k.word = ANY (report_sql.groups) AS wanted) AS w;
	END;
COMMENT ON FUNCTION _dunning.report_sql(text[], text) IS
	'The pieces of a query of a report: the keys of its rows from those of items, what they are grouped by, the columns that this reads, the names of the keys, the keys of rows that are grouped again, their order';

CREATE FUNCTION _dunning.report_scheme(scheme text, ledger name) RETURNS dunning.aging_scheme
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	found dunning.aging_scheme[];
	names text;
BEGIN
	PERFORM _dunning.need_ledger(ledger);
	IF scheme IS NOT NULL THEN
		SELECT array_agg(s.scheme) INTO found FROM dunning.scheme AS s WHERE s.name = report_scheme.scheme;
		IF found IS NULL AND report_scheme.scheme ~ '^\s*[^-+.0-9\s]' AND report_scheme.scheme !~* '^\s*under\M' THEN
			RAISE EXCEPTION 'aging scheme "%" does not exist', report_scheme.scheme
				USING ERRCODE = 'undefined_object', HINT = 'SELECT name FROM dunning.scheme lists them; a literal begins with a number of days, such as ''30,60,90''.';
		END IF;
		RETURN coalesce(found[1], report_scheme.scheme::dunning.aging_scheme);
	END IF;
	SELECT array_agg(DISTINCT s.scheme), string_agg(DISTINCT s.name, ', ') INTO found, names
	FROM dunning.ledger AS l JOIN dunning.scheme AS s ON s.name = l.scheme
	WHERE report_scheme.ledger IS NULL OR l.ledger = report_scheme.ledger;
	IF cardinality(found) > 1 THEN
		RAISE EXCEPTION 'the ledgers have different aging schemes'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('They are: %s.', names),
				HINT = 'Name the scheme of the report, or one ledger.';
	END IF;
	RETURN found[1];
END
$$;
COMMENT ON FUNCTION _dunning.report_scheme(text, name) IS
	'The aging scheme of a report: by its name or as a literal, or that of the ledgers; NULL if there are none; error 22023 if those have several, 42704 for a ledger or a scheme that does not exist';

CREATE FUNCTION _dunning.report_by_issue(by_date text) RETURNS boolean
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF by_date NOT IN ('due', 'issue') THEN
		RAISE EXCEPTION 'items cannot be aged by "%"', by_date
			USING ERRCODE = 'invalid_parameter_value', HINT = 'They are aged by their date "due" or "issue".';
	END IF;
	RETURN coalesce(by_date = 'issue', false);
END
$$;
COMMENT ON FUNCTION _dunning.report_by_issue(text) IS
	'Whether items are aged by their issue date and not by their due date; error 22023 for another word than issue and due';

CREATE FUNCTION _dunning.report_in_company(in_currency text) RETURNS boolean
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF in_currency NOT IN ('document', 'company') THEN
		RAISE EXCEPTION 'amounts cannot be in the currency of "%"', in_currency
			USING ERRCODE = 'invalid_parameter_value', HINT = 'They are in the currency of the "document" or of the "company".';
	END IF;
	RETURN coalesce(in_currency = 'company', false);
END
$$;
COMMENT ON FUNCTION _dunning.report_in_company(text) IS
	'Whether amounts are in the currency of the company and not in that of the document; error 22023 for another word than document and company';

CREATE FUNCTION _dunning.report_apart(written_off boolean, disputed boolean) RETURNS boolean
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF written_off IS NOT NULL AND disputed IS NOT NULL THEN
		RAISE EXCEPTION 'a report tells apart what is written off, or what is in dispute, and not both' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN coalesce(written_off, disputed) IS NOT NULL;
END
$$;
COMMENT ON FUNCTION _dunning.report_apart(boolean, boolean) IS 'Whether a report tells apart what is written off or what is in dispute; error 22023 if both';

CREATE FUNCTION _dunning.valid_total(balance dunning.aged_balance) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE WHEN dunning.invalid(balance) IS NULL THEN dunning.total(balance)
		ELSE (SELECT sum(b.amount) FROM dunning.buckets(balance) AS b WHERE b.amount < 'Infinity' AND b.amount > '-Infinity') END;
COMMENT ON FUNCTION _dunning.valid_total(dunning.aged_balance) IS 'The sum of the amounts of an aged balance but the invalid one';

-- An end of month is followed by ends of month; any other day is clamped to the
-- length of a month, always counted from the first date.
CREATE FUNCTION _dunning.series_days(from_day date, to_day date, step interval) RETURNS date[]
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	most CONSTANT integer := 10000;
	months CONSTANT integer := extract(year FROM step) * 12 + extract(month FROM step);
	days CONSTANT integer := extract(day FROM step);
	month_end CONSTANT boolean := days = 0 AND extract(month FROM series_days.from_day + 1) <> extract(month FROM series_days.from_day);
	list date[] := '{}';
	day date := series_days.from_day;
BEGIN
	IF series_days.from_day IS NULL THEN
		RAISE EXCEPTION 'the first day of a series is missing' USING ERRCODE = 'null_value_not_allowed', HINT = 'Give it as from_day.';
	END IF;
	IF series_days.from_day NOT BETWEEN '0001-01-01' AND '9999-12-31' OR series_days.to_day NOT BETWEEN '0001-01-01' AND '9999-12-31' THEN
		RAISE EXCEPTION 'date of a series out of range'
			USING ERRCODE = 'datetime_field_overflow', DETAIL = 'Its years go from 1 to 9999.';
	END IF;
	IF step <> make_interval(months => months, days => days) OR months < 0 OR days < 0 OR months + days = 0 THEN
		RAISE EXCEPTION 'the step of a series must be some whole days or months, not "%"', step
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	WHILE day <= series_days.to_day LOOP
		IF cardinality(list) = most THEN
			RAISE EXCEPTION 'too many dates for a series of aged balances'
				USING ERRCODE = 'program_limit_exceeded', DETAIL = format('A series has at most %s dates.', most),
					HINT = 'Use a longer step.';
		END IF;
		list := list || day;
		-- a date before the last day of the calendar cannot reach beyond it
		EXIT WHEN day + make_interval(months => months, days => days) > '9999-12-31';
		day := CASE WHEN month_end
			THEN (date_trunc('month', series_days.from_day::timestamp) + make_interval(months => months * cardinality(list) + 1))::date - 1
			ELSE (series_days.from_day + make_interval(months => months * cardinality(list), days => days * cardinality(list)))::date END;
	END LOOP;
	RETURN list;
END
$$;
COMMENT ON FUNCTION _dunning.series_days(date, date, interval) IS
	'The dates of a series, from a date in steps of days or months up to another; an end of month is followed by ends of month; error 22023 for another step, 22008 for years beyond 9999, 54000 for more than 10,000 dates';

CREATE FUNCTION _dunning.day_before(day date, step interval) RETURNS date
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN extract(month FROM day + 1) <> extract(month FROM day) THEN ((day + 1) - step)::date - 1 ELSE (day - step)::date END;
COMMENT ON FUNCTION _dunning.day_before(date, interval) IS 'The day one step before; of an end of month that of an end of month';

CREATE FUNCTION _dunning.day_compared(day date, beside interval) RETURNS date
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	before CONSTANT date := _dunning.day_before(day, beside);
BEGIN
	IF before >= day THEN
		RAISE EXCEPTION 'no day is % before another', beside
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give one day or more as beside, such as ''1 month'' or ''1 week''.';
	END IF;
	RETURN before;
END
$$;
COMMENT ON FUNCTION _dunning.day_compared(date, interval) IS 'What _dunning.day_before returns; error 22023 unless it is before the day';

-- The report

-- In the company's currency an item counts by its company amount; one whose
-- company amount is not known stays in its own currency, so that no amount is
-- lost and none is mixed.  NaN is above infinity.
CREATE FUNCTION _dunning.report_items(as_of date, in_company boolean)
	RETURNS TABLE (ledger name, company text, salesperson text, class text, attributes jsonb, customer_group dunning.item_key,
		payer dunning.item_key, payer_name text, customer dunning.item_key, customer_name text, issued_on date, due_on date, currency text,
		amount numeric, is_open boolean, as_of_known boolean, is_counted boolean, is_netted boolean)
	LANGUAGE sql STABLE PARALLEL SAFE
	BEGIN ATOMIC
		SELECT i.ledger, i.company, i.salesperson, i.class, i.attributes, i.customer_group, i.payer, i.payer_name, i.customer,
			i.customer_name, i.issued_on, i.due_on,
			CASE WHEN c.counts THEN i.company_currency ELSE i.currency END,
			CASE WHEN c.counts THEN i.company_open_amount ELSE i.open_amount END,
			(i.open_amount = 0) IS NOT TRUE, i.as_of_known, true, true
		FROM _dunning.whole_items(report_items.as_of) AS i
		CROSS JOIN LATERAL (SELECT report_items.in_company AND i.company_currency IS NOT NULL
			AND i.company_open_amount < 'Infinity' AND i.company_open_amount > '-Infinity' AS counts) AS c;
	END;
COMMENT ON FUNCTION _dunning.report_items(date, boolean) IS
	'The items of a day, settled ones too, with the amount that a report counts: in the currency of the document, or of the company where that amount is known';

-- What of an item a hold keeps from counting as overdue stands as due on the day,
-- and what is written off can be told apart, each as a row of its own where it is
-- not all of the item.  Only who has such holds, or asks, reads the items so.
DO $do$
BEGIN
	EXECUTE format($f$
CREATE FUNCTION _dunning.held_report_items(as_of date, in_company boolean, written_off boolean DEFAULT NULL, disputed boolean DEFAULT NULL)
	RETURNS TABLE (ledger name, company text, salesperson text, class text, attributes jsonb, customer_group dunning.item_key,
		payer dunning.item_key, payer_name text, customer dunning.item_key, customer_name text, issued_on date, due_on date, currency text,
		amount numeric, is_open boolean, as_of_known boolean, is_counted boolean, is_netted boolean)
	LANGUAGE sql STABLE PARALLEL SAFE
	BEGIN ATOMIC
		SELECT i.ledger, i.company, i.salesperson, i.class, i.attributes, i.customer_group, i.payer, i.payer_name, i.customer,
			i.customer_name, i.issued_on, v.due_on,
			CASE WHEN c.counts THEN i.company_currency ELSE i.currency END, v.amount,
			(i.open_amount = 0) IS NOT TRUE, i.as_of_known, v.is_counted, %3$s
		FROM _dunning.whole_items(held_report_items.as_of) AS i
		CROSS JOIN LATERAL (SELECT held_report_items.in_company AND i.company_currency IS NOT NULL
			AND i.company_open_amount < 'Infinity' AND i.company_open_amount > '-Infinity' AS counts,
			i.open_amount > 0 AND i.open_amount < 'Infinity' AS splits) AS c
		CROSS JOIN LATERAL (SELECT CASE WHEN c.counts THEN i.company_open_amount ELSE i.open_amount END AS amount,
			CASE WHEN coalesce(held_report_items.written_off, held_report_items.disputed) IS NULL OR c.splits IS NOT TRUE THEN 0
				WHEN held_report_items.written_off IS NOT NULL THEN least(coalesce(%2$s, 0), i.open_amount)
				WHEN held_report_items.disputed IS NOT NULL THEN CASE WHEN i.disputed THEN i.open_amount
					ELSE least(coalesce(%4$s, 0), i.open_amount) END ELSE 0 END AS off OFFSET 0) AS h
		CROSS JOIN LATERAL (SELECT CASE WHEN c.splits AND i.due_on < held_report_items.as_of
			THEN least(coalesce(%1$s, 0), i.open_amount - h.off) ELSE 0 END AS held OFFSET 0) AS n
		-- the two in the currency of the report
		CROSS JOIN LATERAL (SELECT CASE WHEN h.off = 0 THEN 0 WHEN h.off = i.open_amount THEN h.amount
			ELSE round(h.amount * h.off / i.open_amount, greatest(scale(h.amount), scale(h.off))) END AS off,
			CASE WHEN n.held = 0 THEN 0 WHEN n.held = i.open_amount THEN h.amount
				ELSE round(h.amount * n.held / i.open_amount, greatest(scale(h.amount), scale(n.held))) END AS held,
			c.splits IS TRUE AND h.off + n.held = i.open_amount AS all_of_it OFFSET 0) AS s
		CROSS JOIN LATERAL (
			SELECT h.amount - s.off - s.held AS amount, i.due_on, true AS is_counted
			WHERE NOT s.all_of_it AND coalesce(held_report_items.written_off, held_report_items.disputed) IS NOT TRUE
			UNION ALL
			SELECT CASE WHEN s.all_of_it THEN h.amount - s.off ELSE s.held END, held_report_items.as_of, s.all_of_it
			WHERE n.held > 0 AND coalesce(held_report_items.written_off, held_report_items.disputed) IS NOT TRUE
			UNION ALL
			SELECT s.off, i.due_on, true WHERE h.off > 0 AND coalesce(held_report_items.written_off, held_report_items.disputed)) AS v;
	END
	$f$, _dunning.not_overdue_query('i.ledger', 'i.item', 'i.part', 'i.customer', 'held_report_items.as_of'),
		_dunning.written_off_query('i.ledger', 'i.item', 'i.part', 'i.customer', 'held_report_items.as_of'),
		_dunning.netted_query('i.ledger', 'i.kind', 'i.open_amount'),
		_dunning.held_for_query('dispute', 'i.ledger', 'i.item', 'i.part', 'i.customer', 'held_report_items.as_of'));
END
$do$;
COMMENT ON FUNCTION _dunning.held_report_items(date, boolean, boolean, boolean) IS
	'The rows of _dunning.report_items with what holds keep from counting as overdue apart, as due on the day; written_off, disputed: only this, or only the rest; is_counted: whether the row is the item, and no part of it; is_netted: whether it is set off against what is owed';

CREATE FUNCTION _dunning.has_not_overdue(first date, last date, ledger name DEFAULT NULL) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
	SELECT EXISTS (SELECT FROM dunning.hold AS h
		WHERE NOT h.counts_as_overdue AND h.from_day <= has_not_overdue.last AND (h.until_day < has_not_overdue.first) IS NOT TRUE
			AND (h.released_on <= has_not_overdue.first) IS NOT TRUE
				AND (has_not_overdue.ledger IS NULL OR h.ledger = has_not_overdue.ledger))
$$;
COMMENT ON FUNCTION _dunning.has_not_overdue(date, date, name) IS
	'Whether of all ledgers or one something is held on a day of a time so that it does not count as overdue';

-- A settled item counts nothing, but that it was settled on a past day may not
-- be known.
CREATE FUNCTION dunning.aged_balance_report(as_of date DEFAULT dunning.today(), scheme text DEFAULT NULL,
	grouped_by text DEFAULT 'customer', ledger name DEFAULT NULL,
	by_date text DEFAULT 'due', in_currency text DEFAULT 'document', written_off boolean DEFAULT NULL, disputed boolean DEFAULT NULL)
		RETURNS SETOF _dunning.aged_balance_line
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	groups CONSTANT text[] := _dunning.report_groups(coalesce(grouped_by, 'customer'));
	by_issue CONSTANT boolean := _dunning.report_by_issue(by_date);
	in_company CONSTANT boolean := _dunning.report_in_company(in_currency);
	the_scheme CONSTANT dunning.aging_scheme := _dunning.report_scheme(scheme, ledger);
	ages_from CONSTANT text := CASE WHEN by_issue THEN 'issued_on' ELSE 'due_on' END;
	in_holds CONSTANT boolean := _dunning.report_apart(written_off, disputed) OR _dunning.nets_less(ledger)
		OR _dunning.has_not_overdue(as_of, as_of, ledger);
	k record;
BEGIN
	as_of := coalesce(as_of, dunning.today());
	SELECT * INTO k FROM _dunning.report_sql(groups, ages_from);
	RETURN QUERY EXECUTE format($q$
	WITH line AS (
		SELECT currency, %1$s,
			count(*) FILTER (WHERE o.is_open AND is_counted) AS items,
			dunning.aged_balance(CASE WHEN is_netted THEN coalesce(amount, 0) ELSE 0 END, %2$s, $1, $2) FILTER (WHERE o.is_open) AS balance,
			coalesce(sum(amount) FILTER (WHERE o.is_open AND is_netted AND dunning.is_overdue(due_on, $1) AND amount < 'Infinity'
				AND amount > '-Infinity'), 0) AS overdue,
			bool_and(as_of_known) AS as_of_known,
			coalesce(sum(amount) FILTER (WHERE o.is_open AND NOT is_netted AND amount > '-Infinity'), 0) AS not_netted
		-- OFFSET keeps the planner from computing an open amount once for each use
		FROM (SELECT %3$s, issued_on, due_on, amount, %4$s AS was_open, as_of_known, is_counted, is_netted
			%5$s WHERE $3 IS NULL OR ledger = $3 OFFSET 0) AS i
		CROSS JOIN LATERAL (SELECT %6$s AS is_open) AS o
		GROUP BY %7$s
	), total AS (
		SELECT s.*, _dunning.valid_total(s.balance) AS whole
		FROM (SELECT l.currency, sum(l.items)::bigint AS items, dunning.sum(l.balance) AS balance, sum(l.overdue) AS overdue,
				bool_and(l.as_of_known) AS as_of_known, sum(l.not_netted) AS not_netted
			FROM line AS l GROUP BY l.currency) AS s
	), row AS (
		SELECT l.*, t.whole, false AS is_total FROM line AS l JOIN total AS t ON t.currency IS NOT DISTINCT FROM l.currency
		WHERE $4 AND l.items > 0
		UNION ALL
		SELECT t.currency, %8$s, t.items, t.balance, t.overdue, t.as_of_known, t.not_netted, t.whole, true
		FROM total AS t WHERE t.items > 0
	)
	SELECT currency, %9$s, is_total, items, balance, dunning.total(balance), overdue,
		-- the function is for the few lines that have an amount which is none
		round(100 * CASE WHEN dunning.invalid(balance) IS NULL THEN dunning.total(balance)
			ELSE _dunning.valid_total(balance) END / nullif(whole, 0), 2),
		as_of_known, not_netted
	FROM row
	ORDER BY currency, is_total, %10$s
	$q$, k.keys, ages_from, k.read,
		CASE WHEN in_company OR in_holds THEN 'is_open' ELSE 'NULL::boolean' END,
		CASE WHEN in_holds THEN format('FROM _dunning.held_report_items($1, %L, %L, %L)', in_company, written_off, disputed) ELSE format('FROM _dunning.report_items($1, %L)', in_company) END,
		CASE WHEN in_company OR in_holds THEN 'was_open' ELSE '(amount = 0) IS NOT TRUE' END,
		k.grouped, (SELECT n.keys FROM _dunning.report_sql('{}', ages_from) AS n), k.names, k.sorted)
	USING as_of, the_scheme, ledger, groups <> '{}';
END
$$;
COMMENT ON FUNCTION dunning.aged_balance_report(date, text, text, name, text, text, boolean, boolean) IS
	'The aged balance of all ledgers or one on a day, with a total of each currency, grouped by customer, payer, company, ledger, salesperson, class, customer_group or month, or several. scheme is a name or a literal (NULL: that of the ledgers). The items of a bucket are those of dunning.aged_items';

-- In subqueries the ledger and the scheme are looked at once, whatever is found,
-- and leave the index to the due date.  The second half is for what holds keep
-- from counting as overdue, and is not looked at where there is none.
DO $do$
DECLARE
	fields CONSTANT text := (SELECT string_agg(CASE a.attname WHEN 'open_amount' THEN 'v.open_amount' ELSE format('o.%I', a.attname) END, ', ' ORDER BY a.attnum)
		FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.typrelid = a.attrelid
		WHERE t.oid = '_dunning.item_row'::pg_catalog.regtype AND NOT a.attisdropped);
	of_ledger CONSTANT text := '(aged_items.ledger IS NULL OR o.ledger = (SELECT _dunning.need_ledger(aged_items.ledger)))';
	off CONSTANT text := format('CASE WHEN coalesce(aged_items.written_off, aged_items.disputed) IS NULL THEN 0 WHEN (o.open_amount > 0 AND o.open_amount < ''Infinity'') IS NOT TRUE THEN 0 '
			'WHEN aged_items.written_off IS NOT NULL THEN least(coalesce(%s, 0), o.open_amount) '
			'WHEN aged_items.disputed IS NOT NULL THEN CASE WHEN o.disputed THEN o.open_amount ELSE least(coalesce(%s, 0), o.open_amount) END ELSE 0 END',
		_dunning.written_off_query('o.ledger', 'o.item', 'o.part', 'o.customer', 'aged_items.as_of'),
		_dunning.held_for_query('dispute', 'o.ledger', 'o.item', 'o.part', 'o.customer', 'aged_items.as_of'));
	held CONSTANT text := format('CASE WHEN o.due_on < aged_items.as_of AND o.open_amount > 0 AND o.open_amount < ''Infinity'' THEN least(coalesce(%s, 0), o.open_amount - %s) ELSE 0 END',
		_dunning.not_overdue_query('o.ledger', 'o.item', 'o.part', 'o.customer', 'aged_items.as_of'), off);
	in_holds CONSTANT text := '(SELECT NOT _dunning.report_by_issue(aged_items.by_date) AND _dunning.has_not_overdue(aged_items.as_of, aged_items.as_of, aged_items.ledger))';
	in_bucket CONSTANT text := 'CASE WHEN aged_items.bucket IS NULL
				THEN CASE WHEN _dunning.report_by_issue(aged_items.by_date) THEN o.issued_on ELSE o.due_on END IS NULL
					OR (o.open_amount < ''Infinity'' AND o.open_amount > ''-Infinity'') IS FALSE
				ELSE dunning.in_aging_bucket(CASE WHEN _dunning.report_by_issue(aged_items.by_date) THEN o.issued_on ELSE o.due_on END,
						aged_items.as_of, aged_items.bucket, (SELECT _dunning.report_scheme(aged_items.scheme, aged_items.ledger)))
					AND (o.open_amount < ''Infinity'' AND o.open_amount > ''-Infinity'') IS NOT FALSE
				END';
BEGIN
	EXECUTE format($f$
CREATE FUNCTION dunning.aged_items(as_of date, bucket integer, scheme text DEFAULT NULL,
	ledger name DEFAULT NULL, by_date text DEFAULT 'due', written_off boolean DEFAULT NULL, disputed boolean DEFAULT NULL)
	RETURNS SETOF _dunning.item_row
	LANGUAGE sql STABLE PARALLEL SAFE
	BEGIN ATOMIC
		SELECT %1$s FROM dunning.open_items(aged_items.as_of) AS o
		CROSS JOIN LATERAL (SELECT o.open_amount - CASE WHEN %4$s THEN %3$s ELSE 0 END - %5$s AS open_amount) AS v
		WHERE %2$s AND %6$s AND coalesce(aged_items.written_off, aged_items.disputed) IS NOT TRUE AND CASE WHEN aged_items.bucket IS NULL
			THEN true ELSE %7$s END
			AND CASE WHEN (SELECT _dunning.report_apart(aged_items.written_off, aged_items.disputed)) OR %4$s
				THEN (v.open_amount = 0) IS NOT TRUE ELSE true END
		UNION ALL
		SELECT %1$s FROM dunning.open_items(aged_items.as_of) AS o
		CROSS JOIN LATERAL (SELECT %3$s AS open_amount) AS v
		WHERE %4$s AND %2$s AND v.open_amount > 0 AND coalesce(aged_items.written_off, aged_items.disputed) IS NOT TRUE
			AND dunning.in_aging_bucket(aged_items.as_of, aged_items.as_of, aged_items.bucket,
				(SELECT _dunning.report_scheme(aged_items.scheme, aged_items.ledger)))
		UNION ALL
		SELECT %1$s FROM dunning.open_items(aged_items.as_of) AS o
		CROSS JOIN LATERAL (SELECT %5$s AS open_amount) AS v
		WHERE coalesce(aged_items.written_off, aged_items.disputed) AND %2$s AND %6$s AND v.open_amount > 0;
	END
	$f$, fields, of_ledger, held, in_holds, off, in_bucket, _dunning.netted_query('o.ledger', 'o.kind', 'o.open_amount'));
END
$do$;
COMMENT ON FUNCTION dunning.aged_items(date, integer, text, name, text, boolean, boolean) IS
	'The open items in a bucket of dunning.aged_balance_report with the same scheme, ledger and date; bucket NULL: items in no bucket. Conditions on the customer, the ledger and the bucket use the indexes of the ERP. A part that a hold keeps from being overdue is a row of its own';

-- Over time

-- Where payments have dates and an item is one part, what is open on a day is
-- the sum of movements, so that nothing has to be put together item by item.
-- Neither counts before the issue date.  An item without an amount has no
-- balance, whatever was paid; one whose amount is no number or infinite keeps
-- it, whatever was paid.
--
-- In the company's currency what counts of an item is not the sum of what was
-- booked: an item that is settled counts nothing, whatever exchange rates leave
-- of it, and one that has a payment without a company amount counts in its own
-- currency from there on.  So what counts is put together item by item.
CREATE FUNCTION _dunning.movement_query(l dunning.ledger, groups text[], by_issue boolean, in_company boolean) RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	by_company CONSTANT boolean := in_company AND l.columns ->> 'company_amount' IS NOT NULL
		AND l.columns #>> '{payments,company_amount}' IS NOT NULL;
	-- what of the parties is read, beside the customer
	parties CONSTANT text[] := (SELECT array_agg(k.name ORDER BY k.place) FROM _dunning.report_keys() AS k
		WHERE k.word = ANY (groups) AND k.word IN ('salesperson', 'class', 'attributes', 'customer_group', 'payer'));
	extra CONSTANT text[] := parties || CASE WHEN 'net_share' = ANY (groups) THEN '{net_share}' ELSE '{}' END::text[];
	named CONSTANT boolean := 'customer' = ANY (groups);
	joins CONSTANT text := CASE WHEN named AND l.columns #>> '{customers,name}' IS NOT NULL OR parties <> '{}'
		THEN _dunning.party_joins(l, 'payer' = ANY (groups)) ELSE '' END;
	items CONSTANT text := _dunning.view_name('items', l.adoption);
	payments CONSTANT text := _dunning.payments_read(l, true);
	customer_name CONSTANT text := CASE WHEN named THEN _dunning.party_sql(l, 'customer_name') ELSE 'NULL::text' END;
	paid_on CONSTANT text := 'greatest(p.paid_on, i.issued_on)';
	who CONSTANT text := concat(quote_literal(l.ledger), '::name AS ledger, dunning.item_key(i.customer) AS customer, i.company, ',
		(SELECT string_agg(format('%s AS %I, ', _dunning.party_sql(l, p.name), p.name), '') FROM unnest(extra) AS p (name)),
		CASE WHEN by_issue THEN 'i.issued_on' ELSE 'i.due_on' END, ' AS ages_from, ');
	no_number CONSTANT text := 'IN (''NaN'', ''Infinity'', ''-Infinity'')';
	from_items CONSTANT text := format(' FROM %s AS i', items) || joins;
	from_payments CONSTANT text := format(' FROM %s AS i JOIN %s AS p ON %s', items, payments,
		_dunning.join_sql(payments, 'item', items, 'key', 'p', 'i')) || CASE WHEN parties <> '{}' THEN joins ELSE '' END;
	-- a receipt and a down-payment are no sale
	sold CONSTANT text := CASE WHEN l.columns ->> 'kind' IS NULL THEN 'i.amount' ELSE 'CASE WHEN _dunning.is_sale(_dunning.item_kind(i.kind, i.amount)) THEN i.amount END' END;
	events text;
BEGIN
	IF l.columns #>> '{payments,date}' IS NULL OR l.columns ->> 'terms' IS NOT NULL THEN
		RETURN NULL;
	END IF;
	PERFORM _dunning.need_views(l);
	IF NOT by_company THEN
		RETURN concat(
			'SELECT ', who, 'i.currency, ', customer_name, ' AS customer_name, i.amount, i.issued_on AS on_day, i.issued_on IS NOT NULL AS known, ', sold, ' AS sale',
			from_items,
			' UNION ALL SELECT ', who, 'i.currency, NULL::text, - p.amount, ', paid_on, ', p.paid_on IS NOT NULL, NULL::numeric',
			from_payments, ' WHERE i.amount NOT ', no_number);
	END IF;
	-- What an item and each payment change, then what is open after each day, then
	-- what a report counts of that in either currency: the differences are the
	-- movements.
	events := concat('SELECT i.key, ', who, 'i.currency, i.company_currency, i.amount AS issued, ');
	events := concat(
		events, customer_name, ' AS customer_name, coalesce(i.issued_on, ''-infinity'') AS day, 0::numeric AS moved, '
			'i.company_amount AS company_moved, '
			'(i.company_amount NOT ', no_number, ' AND i.company_currency IS NOT NULL) IS TRUE AS valid, '
			'i.issued_on IS NOT NULL AS known, ', sold, ' IS NOT NULL AS sold', from_items,
		' UNION ALL ', events, 'NULL::text, coalesce(', paid_on, ', ''-infinity''), - p.amount, - p.company_amount, '
			'(p.company_amount NOT ', no_number, ') IS TRUE OR p.company_amount IS NULL AND (p.amount = 0) IS NOT FALSE, '
			'p.paid_on IS NOT NULL, false', from_payments);
	RETURN concat(
		'SELECT m.ledger, m.customer, m.company, ', (SELECT string_agg(format('m.%I, ', p.name), '') FROM unnest(extra) AS p (name)), 'm.ages_from, v.currency, m.customer_name, v.amount, m.day AS on_day, m.known, v.sale FROM ('
		'SELECT b.*, lag(b.counted, 1, 0::numeric) OVER w AS counted_before, '
			'lag(b.company_counted, 1, 0::numeric) OVER w AS company_counted_before FROM ('
			'SELECT o.*, CASE WHEN NOT o.valid_now THEN coalesce(o.open, 0) ELSE 0 END AS counted, '
				'CASE WHEN o.valid_now AND (o.open = 0) IS NOT TRUE THEN o.company_open ELSE 0 END AS company_counted FROM ('
				'SELECT e.*, _dunning.without_dust(e.issued + sum(e.moved) OVER w) AS open, '
					'_dunning.without_dust(sum(e.company_moved) OVER w) AS company_open, bool_and(e.valid) OVER w AS valid_now '
				'FROM (', events, ') AS e WINDOW w AS (PARTITION BY e.key ORDER BY e.day)) AS o) AS b '
			'WINDOW w AS (PARTITION BY b.key ORDER BY b.day)) AS m '
		'CROSS JOIN LATERAL (VALUES (m.currency, m.counted - m.counted_before, m.counted <> m.counted_before, CASE WHEN m.sold AND NOT m.valid THEN m.issued END), '
			'(m.company_currency, m.company_counted - m.company_counted_before, m.company_counted <> m.company_counted_before, CASE WHEN m.sold AND m.valid THEN m.company_moved END)) '
			'AS v (currency, amount, moves, sale) '
		'WHERE v.moves OR v.sale <> 0');
END
$$;
COMMENT ON FUNCTION _dunning.movement_query(dunning.ledger, text[], boolean, boolean) IS
	'The query that turns the rows of a ledger and of its dated payments into movements; NULL if what is open on a day takes more than adding them up';

-- Lines are far fewer than rows, so that those are put into order by the place
-- of their line; they are materialized so that the order they are wanted in has
-- no say in how they are grouped.
CREATE FUNCTION _dunning.series_rows(lines text, names text, sorted text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('SELECT as_of, currency, %s, balance, dated OR as_of >= _dunning.real_day() AND as_of_known AS known, place '
		'FROM (WITH line AS MATERIALIZED (%s) SELECT *, row_number() OVER (ORDER BY %s) AS place FROM line) AS l '
		'CROSS JOIN LATERAL unnest($1, balances) AS d (as_of, balance)', names, lines, sorted);
COMMENT ON FUNCTION _dunning.series_rows(text, text, text) IS 'The query that turns lines with the balances of all dates into one row a date, and says the place of the line in the order of a report';

-- Beside the same day before: an end of month stands beside an end of month.
DO $do$
DECLARE
	keys CONSTANT text := (SELECT string_agg(k.name || ' ' || k.type, ', ' ORDER BY k.place) FROM _dunning.report_keys() AS k);
	k record;
BEGIN
	EXECUTE pg_catalog.format('CREATE TYPE _dunning.aged_balance_change AS (currency text, %s, is_total boolean, items bigint, balance dunning.aged_balance, total numeric, overdue numeric, '
		'before_on date, balance_before dunning.aged_balance, total_before numeric, overdue_before numeric, total_change numeric, overdue_change numeric)', keys);
	FOR k IN SELECT r.name, r.comment FROM _dunning.report_keys() AS r LOOP
		EXECUTE pg_catalog.format('COMMENT ON COLUMN _dunning.aged_balance_change.%I IS %L', k.name, k.comment);
	END LOOP;
END
$do$;
COMMENT ON TYPE _dunning.aged_balance_change IS 'A row of dunning.aged_balance_change';
COMMENT ON COLUMN _dunning.aged_balance_change.currency IS 'Currency of the amounts; those of two are never added up';
COMMENT ON COLUMN _dunning.aged_balance_change.is_total IS 'Whether this is the total of the currency';
COMMENT ON COLUMN _dunning.aged_balance_change.items IS 'Number of items that are open on the day; 0: nothing is any more';
COMMENT ON COLUMN _dunning.aged_balance_change.balance IS 'The open amounts of the day by aging bucket; NULL: nothing is open';
COMMENT ON COLUMN _dunning.aged_balance_change.total IS 'Their sum';
COMMENT ON COLUMN _dunning.aged_balance_change.overdue IS 'What is past due on the day';
COMMENT ON COLUMN _dunning.aged_balance_change.before_on IS 'The day before with which the day is compared';
COMMENT ON COLUMN _dunning.aged_balance_change.balance_before IS 'The open amounts of that day; NULL: nothing was open';
COMMENT ON COLUMN _dunning.aged_balance_change.total_before IS 'Their sum';
COMMENT ON COLUMN _dunning.aged_balance_change.overdue_before IS 'What was past due then';
COMMENT ON COLUMN _dunning.aged_balance_change.total_change IS 'total less total_before';
COMMENT ON COLUMN _dunning.aged_balance_change.overdue_change IS 'overdue less overdue_before';

CREATE FUNCTION dunning.aged_balance_change(as_of date DEFAULT dunning.today(), beside interval DEFAULT '1 month',
	scheme text DEFAULT NULL, grouped_by text DEFAULT 'customer', ledger name DEFAULT NULL, by_date text DEFAULT 'due',
	in_currency text DEFAULT 'document', written_off boolean DEFAULT NULL, disputed boolean DEFAULT NULL)
	RETURNS SETOF _dunning.aged_balance_change
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	day CONSTANT date := coalesce(as_of, dunning.today());
	before CONSTANT date := _dunning.day_compared(day, coalesce(beside, '1 month'));
	k record;
BEGIN
	SELECT * INTO k FROM _dunning.report_sql((SELECT array_agg(DISTINCT r.word) FROM _dunning.report_keys() AS r WHERE r.name <> 'month'), 'due_on');
	RETURN QUERY EXECUTE format($q$
	SELECT l.*, l.total - l.total_before, l.overdue - l.overdue_before
	FROM (SELECT currency, %1$s, is_total, coalesce(max(items) FILTER (WHERE now), 0) AS items,
		dunning.sum(balance) FILTER (WHERE now) AS balance,
			coalesce(max(total) FILTER (WHERE now), 0) AS total, coalesce(max(overdue) FILTER (WHERE now), 0) AS overdue,
			$2 AS before_on, dunning.sum(balance) FILTER (WHERE NOT now) AS balance_before,
			coalesce(max(total) FILTER (WHERE NOT now), 0) AS total_before,
				coalesce(max(overdue) FILTER (WHERE NOT now), 0) AS overdue_before
		FROM (SELECT true AS now, n.* FROM dunning.aged_balance_report($1, $3, $4, $5, $6, $7, $8, $9) AS n
			UNION ALL SELECT false, b.* FROM dunning.aged_balance_report($2, $3, $4, $5, $6, $7, $8, $9) AS b) AS r
		GROUP BY %2$s, is_total) AS l
	ORDER BY l.currency, l.is_total, %3$s
	$q$, (SELECT string_agg(format(CASE WHEN r.is_name THEN 'coalesce(max(%1$I) FILTER (WHERE now), max(%1$I)) AS %1$I' ELSE '%1$I' END, r.name), ', ' ORDER BY r.place) FROM _dunning.report_keys() AS r),
		(SELECT 'currency, ' || string_agg(r.name, ', ' ORDER BY r.place) FROM _dunning.report_keys() AS r WHERE NOT r.is_name), k.sorted)
	USING day, before, scheme, grouped_by, ledger, by_date, in_currency, written_off, disputed;
END
$$;
COMMENT ON FUNCTION dunning.aged_balance_change(date, interval, text, text, name, text, text, boolean, boolean) IS
	'The aged balance of a day beside that of the same day a week, a month or another time before, grouped as dunning.aged_balance_report; what was open on one of the days alone is there, too';

CREATE FUNCTION dunning.aged_balance_series(from_day date, to_day date DEFAULT dunning.today(), step interval DEFAULT '1 month',
	scheme text DEFAULT NULL, grouped_by text DEFAULT 'total', ledger name DEFAULT NULL,
	by_date text DEFAULT 'due', in_currency text DEFAULT 'document', written_off boolean DEFAULT NULL, disputed boolean DEFAULT NULL)
		RETURNS SETOF _dunning.aged_balance_point
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	-- The number of groups cannot be estimated; hashing copes with any, while
	-- sorting all movements costs many times the rest.
	SET enable_sort = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
	groups CONSTANT text[] := _dunning.report_groups(coalesce(grouped_by, 'total'));
	by_issue CONSTANT boolean := _dunning.report_by_issue(by_date);
	in_company CONSTANT boolean := _dunning.report_in_company(in_currency);
	ages_from CONSTANT text := CASE WHEN by_issue THEN 'issued_on' ELSE 'due_on' END;
	the_scheme CONSTANT dunning.aging_scheme := _dunning.report_scheme(scheme, ledger);
	days CONSTANT date[] := _dunning.series_days(from_day, coalesce(to_day, dunning.today()), coalesce(step, '1 month'));
	apart CONSTANT boolean := _dunning.report_apart(written_off, disputed);
	-- the pieces of queries of movements, and of the items of a day
	k record;
	by_day record;
	movements text;
	others name[];
	-- what does not count as overdue for a time is told day by day
	in_holds name[];
	daily CONSTANT text := 'SELECT as_of, currency, %s, dunning.aged_balance(CASE WHEN is_netted THEN coalesce(amount, 0) ELSE 0 END, %I, as_of, $2) AS balance, bool_and(as_of_known) AS known, 0 AS place '
		'FROM unnest($1) AS d (as_of) CROSS JOIN LATERAL _dunning.%I(d.as_of, %s) AS i '
		'WHERE ledger = ANY (%s) AND is_open GROUP BY as_of, %s';
	lines text;
BEGIN
	SELECT * INTO k FROM _dunning.report_sql(groups, 'ages_from');
	SELECT * INTO by_day FROM _dunning.report_sql(groups, ages_from);
	SELECT string_agg(m.query, ' UNION ALL ' ORDER BY l.ledger) FILTER (WHERE NOT h.held),
		coalesce(array_agg(l.ledger) FILTER (WHERE m.query IS NULL AND NOT h.held), '{}'),
			coalesce(array_agg(l.ledger) FILTER (WHERE h.held), '{}')
		INTO movements, others, in_holds
	FROM (SELECT s.* FROM dunning.ledger AS s WHERE s.state = 'adopted') AS l
	CROSS JOIN LATERAL (SELECT apart OR _dunning.nets_less(l.ledger) OR NOT by_issue AND days <> '{}'
		AND _dunning.has_not_overdue(days[1], days[cardinality(days)], l.ledger) AS held) AS h
	CROSS JOIN LATERAL (SELECT _dunning.movement_query(l, groups, by_issue, in_company) AS query) AS m
	WHERE aged_balance_series.ledger IS NULL OR l.ledger = aged_balance_series.ledger;
	IF movements IS NOT NULL THEN
		lines := _dunning.series_rows(format(
			'SELECT currency, %s, dunning.aged_series(amount, on_day, ages_from, $1, $2) AS balances, bool_and(known) AS dated, true AS as_of_known '
			'FROM (%s) AS m GROUP BY %s', k.keys, movements, k.grouped), k.names, k.sorted);
	END IF;
	-- An item of the other ledgers with a history moves by that from its issue
	-- date on; one without has its last open amount throughout.  One without an
	-- issue date has its amount on any date, but its history has it on the first
	-- day only.  Histories are in the currency of the document, so that in that
	-- of the company these ledgers are read for each date.
	IF others <> '{}' THEN
		lines := concat_ws(' UNION ALL ', lines, CASE WHEN in_company THEN format(daily, by_day.keys, ages_from, 'report_items', 'true', '$4', k.grouped)
		ELSE _dunning.series_rows(format(
			'SELECT currency, %1$s, v.balances, l.dated, l.as_of_known FROM (SELECT currency, %2$s, '
				'dunning.aged_series(history, issued_on, ages_from, $1, $2) FILTER (WHERE history IS NOT NULL) AS moved, '
				'dunning.aged_series(CASE WHEN history IS NULL THEN open_amount ELSE amount END, issued_on, ages_from, $1, $2) '
					'FILTER (WHERE history IS NULL OR issued_on IS NULL) AS stayed, '
				'dunning.aged_series(- amount, (SELECT min(on_day) FROM dunning.movements(history)), ages_from, $1, $2) '
					'FILTER (WHERE history IS NOT NULL AND issued_on IS NULL) AS twice, '
				'bool_and(history IS NOT NULL AND issued_on IS NOT NULL) AS dated, bool_and(as_of_known) AS as_of_known '
			'FROM (SELECT *, %3$I AS ages_from FROM _dunning.whole_items($3) WHERE ledger = ANY ($4)) AS i GROUP BY %4$s) AS l '
			'CROSS JOIN LATERAL (VALUES (l.moved), (l.stayed), (l.twice)) AS v (balances)',
			k.names, k.keys, ages_from, k.grouped), k.names, k.sorted) END);
	END IF;
	IF in_holds <> '{}' THEN
		lines := concat_ws(' UNION ALL ', lines, format(daily, by_day.keys, ages_from, 'held_report_items',
			format('%L, %L, %L', in_company, written_off, disputed), '$5', k.grouped));
	END IF;
	IF others <> '{}' OR in_holds <> '{}' THEN
		lines := format('SELECT as_of, currency, %s, dunning.sum(balance) AS balance, bool_and(known) AS known, 0 AS place FROM (%s) AS s GROUP BY as_of, %s',
			k.again, lines, k.grouped);
	END IF;
	IF lines IS NOT NULL AND days <> '{}' THEN
		-- movements are added up as they are, so that the sums have their dust; one number
		-- to sort by, as in _dunning.figures_on
		RETURN QUERY EXECUTE format(
			'SELECT as_of, currency, %s, c.balance, dunning.total(c.balance), known FROM (%s) AS s '
			'CROSS JOIN LATERAL (SELECT _dunning.without_dust(s.balance) AS balance OFFSET 0) AS c '
			'ORDER BY (as_of - date ''0001-01-01'')::bigint * 4294967296 + place, %s', k.names, lines, k.sorted)
		USING days, the_scheme, days[cardinality(days)], others, in_holds;
	END IF;
END
$$;
COMMENT ON FUNCTION dunning.aged_balance_series(date, date, interval, text, text, name, text, text, boolean, boolean) IS
	'The aged balance of all ledgers or one on the dates from one to another, by the month or another step, from one pass over the movements: for each currency, or grouped as dunning.aged_balance_report; each date as dunning.aged_balance_report has it';
