-- When customers pay: days to pay, payment delays of a year, the habits of one customer,
-- warning signs, and what the steps of the reminders brought.

-- The items that say how a customer pays: invoices with a history and a due date.
-- late_on is the day of settlement less the due date; NULL while the item is open.
CREATE FUNCTION _dunning.paid_items(as_of date) RETURNS TABLE (ledger name, company text, salesperson text, class text, attributes jsonb,
		customer_group dunning.item_key, payer dunning.item_key, payer_name text, currency text, customer dunning.item_key,
		customer_name text, item dunning.item_key, part integer, reference text, issued_on date, due_on date, amount numeric,
		open_amount numeric, history dunning.balance_history, settled_on date)
	LANGUAGE sql STABLE PARALLEL SAFE
	BEGIN ATOMIC
		SELECT i.ledger, i.company, i.salesperson, i.class, i.attributes, i.customer_group, i.payer, i.payer_name, i.currency, i.customer,
			i.customer_name, i.item, i.part, i.reference, i.issued_on, i.due_on, i.amount, i.open_amount, i.history,
			dunning.settled_on(i.history)
		FROM _dunning.whole_items(paid_items.as_of) AS i
		WHERE i.kind = 'invoice' AND i.amount > 0 AND i.history IS NOT NULL AND i.issued_on IS NOT NULL AND i.due_on > '-infinity' AND i.due_on < 'infinity';
	END;
COMMENT ON FUNCTION _dunning.paid_items(date) IS 'The invoices of a day whose payments have days, with the day on which each was settled';

CREATE FUNCTION _dunning.series_periods(days date[], step interval) RETURNS TABLE (day date, before date)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT d.day, coalesce(lag(d.day) OVER (ORDER BY d.day), _dunning.day_before(d.day, step))
	FROM unnest(days) AS d (day)
$$;
COMMENT ON FUNCTION _dunning.series_periods(date[], interval) IS 'The periods of a series: each begins on the day after the day before, the first one step earlier';

CREATE TYPE _dunning.payment_figures_line AS ( --: A row of dunning.payment_figures
	as_of date, --: Last day of the period
	currency text, --: Currency of the amounts; those of two are never added up
	ledger name, --: Ledger, if the figures are by ledger, or by customer, payer or group
	company text, --: Company, if the figures are by company
	salesperson text, --: Salesperson of the customer, if the figures are by it
	class text, --: Class of the customer, if the figures are by it
	attributes jsonb, --: Attributes that the figures are by, name to value
	customer_group dunning.item_key, --: Key of the group of the customer, if the figures are by it
	payer dunning.item_key, --: Key of the payer, if the figures are by payer
	payer_name text, --: Name of the payer, if the figures are by payer
	customer dunning.item_key, --: Key of the customer, if the figures are by customer
	customer_name text, --: Name of the customer, if the figures are by customer
	month date, --: First day of the month of the due date, if the figures are by month
	items bigint, --: Invoices that were settled in the period
	amount numeric, --: Their amounts
	days_to_pay numeric, --: Mean of the days from issue to settlement
	weighted_days_to_pay numeric, --: The same, weighted by the amounts
	days_late numeric, --: Mean of the days from the due date to settlement; below zero: before it
	weighted_days_late numeric, --: The same, weighted by the amounts
	in_time_percent numeric --: Percentage of the amount that was settled by its due date
);

CREATE FUNCTION dunning.payment_figures(from_day date, to_day date DEFAULT dunning.today(), step interval DEFAULT '1 month',
		grouped_by text DEFAULT 'total', ledger name DEFAULT NULL)
	RETURNS SETOF _dunning.payment_figures_line
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	groups CONSTANT text[] := _dunning.report_groups(coalesce(grouped_by, 'total'));
	every CONSTANT interval := coalesce(step, '1 month');
	days CONSTANT date[] := _dunning.series_days(from_day, coalesce(to_day, dunning.today()), every);
	k record;
BEGIN
	PERFORM _dunning.need_ledger(ledger);
	SELECT * INTO k FROM _dunning.report_sql(groups, 'due_on');
	RETURN QUERY EXECUTE format($q$
	WITH paid AS (
		SELECT p.*, p.settled_on - p.issued_on AS days, p.settled_on - p.due_on AS late
		FROM _dunning.paid_items($2) AS p WHERE p.settled_on IS NOT NULL AND ($4 IS NULL OR p.ledger = $4)
	), line AS (
		SELECT d.day AS as_of, currency, %s, count(*) AS items, sum(amount) AS amount, round(avg(days), 2) AS days_to_pay,
			round(sum(days * amount) / sum(amount), 2) AS weighted_days_to_pay, round(avg(late), 2) AS days_late,
			round(sum(late * amount) / sum(amount), 2) AS weighted_days_late,
			round(100 * coalesce(sum(amount) FILTER (WHERE late <= 0), 0) / sum(amount), 2) AS in_time_percent
		FROM _dunning.series_periods($1, $3) AS d JOIN paid ON settled_on > d.before AND settled_on <= d.day
		GROUP BY d.day, %s
	)
	SELECT as_of, currency, %s, items, amount, days_to_pay, weighted_days_to_pay, days_late, weighted_days_late, in_time_percent FROM line
		ORDER BY as_of, %s
	$q$, k.keys, k.grouped, k.names, k.sorted)
	USING days, days[cardinality(days)], every, ledger;
END
$$;
COMMENT ON FUNCTION dunning.payment_figures(date, date, interval, text, name) IS
	'Days to pay and days late of the invoices that were settled in each period, as means and weighted by amount, and how much of it was paid in time. A period goes from one day to the next. A step of a year has the years. Ledgers without dated payments are left out';

-- The table of payment delays of the management report (France, Code de commerce D441-6).
CREATE TYPE _dunning.payment_delay AS ( --: A row of dunning.payment_delays
	currency text, --: Currency of the amounts
	company text, --: Company of the invoices
	disputed boolean, --: Whether the invoices are in dispute; these stand apart
	bucket integer, --: 0: not late, 1 to 4: by days; NULL: the sum of 1 to 4
	label text, --: Days past due
	invoices bigint, --: Number of invoices
	amount numeric, --: Amount of the table: what is open, or for those of the year what was invoiced
	percent numeric, --: The amount in percent of the sales, with two decimals; NULL if nothing was sold
	sales numeric --: Sales of the year in this currency and company: invoices less credit notes
);

CREATE FUNCTION dunning.payment_delays(closing_on date, year_from date DEFAULT NULL, invoices text DEFAULT 'open', ledger name DEFAULT NULL)
		RETURNS SETOF _dunning.payment_delay
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	first_day CONSTANT date := coalesce(year_from, (closing_on + 1 - interval '1 year')::date);
	of_year CONSTANT boolean := coalesce(invoices = 'late in the year', false);
BEGIN
	IF closing_on IS NULL THEN
		RETURN;
	END IF;
	IF invoices NOT IN ('open', 'late in the year') THEN
		RAISE EXCEPTION 'there is no table of payment delays of invoices "%"', invoices
			USING ERRCODE = 'invalid_parameter_value', HINT = 'They are those "open" on the day, or those "late in the year".';
	END IF;
	IF (first_day <= closing_on AND isfinite(first_day) AND isfinite(closing_on)) IS NOT TRUE THEN
		RAISE EXCEPTION 'a year from % to % has no payment delays', coalesce(first_day::text, 'NULL'), coalesce(closing_on::text, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the last day of the year, and if it has not twelve months, the first.';
	END IF;
	PERFORM _dunning.need_ledger(ledger);
	RETURN QUERY
	WITH i AS MATERIALIZED (
		SELECT s.currency, s.company, s.ledger, coalesce(s.document, s.item) AS document, s.item, s.customer, s.part, s.kind, s.issued_on,
			s.due_on, s.amount, s.open_amount, s.disputed, coalesce(dunning.settled_on(s.history), CASE WHEN s.history IS NULL
				AND s.open_amount <= 0 THEN s.due_on END) AS settled_on
		FROM _dunning.whole_items(closing_on) AS s
		WHERE (payment_delays.ledger IS NULL OR s.ledger = payment_delays.ledger) AND s.amount < 'Infinity' AND s.amount > '-Infinity'
	), sold AS (
		SELECT i.currency, i.company, coalesce(sum(i.amount) FILTER (WHERE i.issued_on BETWEEN first_day AND closing_on
			AND _dunning.is_sale(i.kind)), 0) AS sales FROM i GROUP BY 1, 2
	), late AS (
		SELECT i.currency, i.company, i.ledger, i.document,
			i.disputed IS TRUE OR EXISTS (SELECT FROM dunning.hold AS h WHERE h.reason = 'dispute' AND h.ledger = i.ledger
				AND (h.item = i.item AND (h.part IS NULL OR h.part = i.part) OR h.customer = i.customer)
				AND h.from_day <= closing_on AND (h.until_day >= closing_on) IS NOT FALSE
					AND (h.released_on > closing_on) IS NOT FALSE) AS disputed,
			CASE WHEN of_year THEN i.amount ELSE i.open_amount END AS amount,
			least(coalesce(i.settled_on, closing_on), closing_on) - i.due_on AS days
		FROM i
		WHERE i.kind = 'invoice' AND i.amount > 0 AND i.due_on IS NOT NULL AND isfinite(i.due_on)
			AND CASE WHEN of_year THEN i.due_on < closing_on AND (i.settled_on IS NULL OR i.settled_on > greatest(i.due_on, first_day - 1))
				ELSE i.open_amount > 0 AND i.open_amount < 'Infinity' END
	), placed AS (
		SELECT l.*, CASE WHEN l.days <= 0 THEN 0 WHEN l.days <= 30 THEN 1 WHEN l.days <= 60 THEN 2 WHEN l.days <= 90 THEN 3
			ELSE 4 END AS bucket FROM late AS l
	), cells AS (
		SELECT s.currency, s.company, s.sales, d.disputed, b.bucket, b.label
		FROM sold AS s CROSS JOIN (VALUES (false), (true)) AS d (disputed)
		CROSS JOIN (VALUES (0, '0'), (1, '1-30'), (2, '31-60'), (3, '61-90'), (4, '91+'), (NULL, '1+')) AS b (bucket, label)
		-- of the year: what was not late is not in it
		WHERE NOT of_year OR b.bucket IS DISTINCT FROM 0
	)
	SELECT c.currency, c.company, c.disputed, c.bucket, c.label,
		count(DISTINCT (p.ledger, p.document)) FILTER (WHERE p.document IS NOT NULL), coalesce(sum(p.amount), 0),
		round(100 * coalesce(sum(p.amount), 0) / nullif(greatest(c.sales, 0), 0), 2), c.sales
	FROM cells AS c
	LEFT JOIN placed AS p ON p.currency IS NOT DISTINCT FROM c.currency AND p.company IS NOT DISTINCT FROM c.company
		AND p.disputed = c.disputed AND (p.bucket = c.bucket OR c.bucket IS NULL AND p.bucket > 0)
	GROUP BY c.currency, c.company, c.disputed, c.bucket, c.label, c.sales
	ORDER BY c.currency, c.company, c.disputed, c.bucket NULLS LAST;
END
$$;
COMMENT ON FUNCTION dunning.payment_delays(date, date, text, name) IS
	'The table of payment delays of a year for the auditor (France, D441-6): number, amount and percentage of sales of invoices by days past due, disputed ones apart. invoices: open on closing_on, or late in the year whenever they were paid';

-- The habits of one customer

CREATE TYPE _dunning.payer_profile AS ( --: A row of dunning.payer_profile
	currency text, --: Currency of the amounts
	customer_name text, --: Name of the customer
	open_amount numeric, --: What is open
	overdue numeric, --: What of it is past due
	oldest_days integer, --: Days past due of the oldest open item
	paid_items bigint, --: Invoices that were settled in the months before
	usual_days_late numeric, --: Mean of the days past due at settlement of these
	spread_days numeric, --: Standard deviation of these days; NULL below two items
	recent_days_late numeric, --: The mean of the last quarter of the months
	trend_days numeric, --: recent_days_late less the mean of the months before that; above zero: he pays later than he did
	in_time_percent numeric, --: Percentage of the amount that was settled by its due date
	promises bigint, --: Promises that were decided in the months
	broken_promises bigint, --: Those of them that were broken or kept in part
	disputes bigint, --: Disputes that were noted in the months, for all currencies
	rejected_payments bigint --: Payments that the bank rejected in the months
);

CREATE FUNCTION dunning.payer_profile(ledger name, customer dunning.item_key, as_of date DEFAULT dunning.today(), months integer DEFAULT 12)
		RETURNS SETOF _dunning.payer_profile
	LANGUAGE plpgsql ROWS 1 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	day CONSTANT date := coalesce(as_of, dunning.today());
	span CONSTANT integer := coalesce(months, 12);
	since date;
	recent date;
BEGIN
	IF span NOT BETWEEN 1 AND 120 THEN
		RAISE EXCEPTION 'a profile is of 1 to 120 months, not %', span USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM _dunning.need_ledger(ledger);
	since := (day - make_interval(months => span))::date;
	recent := day - (day - since) / 4;
	RETURN QUERY
	WITH i AS MATERIALIZED (
		SELECT s.*, CASE WHEN s.kind = 'invoice' AND s.amount > 0 AND isfinite(s.due_on) THEN dunning.settled_on(s.history) END AS settled_on
		FROM dunning.ledger_items(day) AS s WHERE s.ledger = payer_profile.ledger AND s.customer = payer_profile.customer
	), paid AS (
		SELECT p.currency, p.amount, p.settled_on, p.settled_on - p.due_on AS late FROM i AS p WHERE p.settled_on > since
	), habit AS (
		SELECT p.currency, count(*) AS items, round(avg(p.late), 2) AS usual, round(stddev_samp(p.late), 2) AS spread,
			round(avg(p.late) FILTER (WHERE p.settled_on > recent), 2) AS recent,
			round(avg(p.late) FILTER (WHERE p.settled_on > recent) - avg(p.late) FILTER (WHERE p.settled_on <= recent), 2) AS trend,
			round(100 * coalesce(sum(p.amount) FILTER (WHERE p.late <= 0), 0) / sum(p.amount), 2) AS in_time
		FROM paid AS p GROUP BY 1
	), promised AS (
		SELECT p.currency, count(*) AS decided, count(*) FILTER (WHERE p.state IN ('broken', 'partly_kept')) AS broken
		FROM dunning.promises(day, payer_profile.ledger, payer_profile.customer) AS p WHERE p.state IN ('kept', 'broken', 'partly_kept') AND p.decided_on > since
			GROUP BY 1
	)
	SELECT c.currency, c.name, c.open, c.overdue, c.oldest, coalesce(h.items, 0), h.usual, h.spread, h.recent, h.trend, h.in_time,
		coalesce(p.decided, 0), coalesce(p.broken, 0), (SELECT count(*) FROM dunning.hold AS d WHERE d.reason = 'dispute'
			AND d.ledger = payer_profile.ledger AND d.from_day > since
			AND d.from_day <= day
			AND (d.customer = payer_profile.customer OR d.item IN (SELECT k.item FROM i AS k))), c.rejected
	FROM (SELECT s.currency, max(s.customer_name) AS name, coalesce(sum(s.open_amount), 0) AS open,
		coalesce(sum(s.open_amount) FILTER (WHERE s.due_on < day), 0) AS overdue,
			max(day - s.due_on) FILTER (WHERE s.due_on < day AND s.open_amount > 0 AND isfinite(s.due_on)) AS oldest,
			coalesce(sum((SELECT count(*) FROM dunning.facts(s.rejects) AS f WHERE f.kind = 'reject' AND f.on_day > since AND f.on_day <= day)),
				0)::bigint AS rejected
		FROM i AS s GROUP BY 1) AS c
	LEFT JOIN habit AS h ON h.currency IS NOT DISTINCT FROM c.currency
	LEFT JOIN promised AS p ON p.currency IS NOT DISTINCT FROM c.currency
	ORDER BY 1;
END
$$;
COMMENT ON FUNCTION dunning.payer_profile(name, dunning.item_key, date, integer) IS
	'How a customer pays, a row for each currency: usual delay, its spread and its trend in the months before a day, what he paid in time, broken promises, disputes, rejected payments';

-- Disputes and promises over time

CREATE TYPE _dunning.process_figures_line AS ( --: A row of dunning.process_figures
	as_of date, --: Last day of the period
	currency text, --: Currency of the amounts; those of two are never added up
	ledger name, --: Ledger, if the figures are by ledger, or by customer, payer or group
	company text, --: Company, if the figures are by company
	salesperson text, --: Salesperson of the customer, if the figures are by it
	class text, --: Class of the customer, if the figures are by it
	attributes jsonb, --: Attributes that the figures are by, name to value
	customer_group dunning.item_key, --: Key of the group of the customer, if the figures are by it
	payer dunning.item_key, --: Key of the payer, if the figures are by payer
	payer_name text, --: Name of the payer, if the figures are by payer
	customer dunning.item_key, --: Key of the customer, if the figures are by customer
	customer_name text, --: Name of the customer, if the figures are by customer
	month date, --: First day of the month of the due date, if the figures are by month
	disputed numeric, --: What is open and in dispute on the day
	disputed_percent numeric, --: The same in percent of the receivables; NULL unless they are above zero
	dispute_days numeric, --: The same in days of sales: the part of the DSO that is in dispute; NULL unless something was sold
	promises bigint, --: Promises that were decided in the period
	kept_promises bigint, --: Those of them that were kept
	kept_percent numeric, --: Kept promises in percent of those that were decided; NULL if none was
	promised numeric, --: Amount of the promises that were decided
	paid numeric --: What was paid of it
);

CREATE FUNCTION dunning.process_figures(from_day date, to_day date DEFAULT dunning.today(), step interval DEFAULT '1 month',
		grouped_by text DEFAULT 'total', ledger name DEFAULT NULL, months integer DEFAULT 3)
	RETURNS SETOF _dunning.process_figures_line
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	groups CONSTANT text[] := _dunning.report_groups(coalesce(grouped_by, 'total'));
	every CONSTANT interval := coalesce(step, '1 month');
	days CONSTANT date[] := _dunning.series_days(from_day, coalesce(to_day, dunning.today()), every);
	k record;
	same CONSTANT text := (SELECT format('(%%1$s.as_of, %%1$s.currency, %s) IS NOT DISTINCT FROM (f.as_of, f.currency, %s)', string_agg('%1$s.' || r.name, ', '), string_agg('f.' || r.name, ', '))
		FROM _dunning.report_keys() AS r WHERE NOT r.is_name AND r.word = ANY (groups || '{ledger}'::text[]));
BEGIN
	IF 'month' = ANY (groups) THEN
		RAISE EXCEPTION 'disputes and promises cannot be by "month"' USING ERRCODE = 'invalid_parameter_value', DETAIL = 'A promise has no due date.';
	END IF;
	IF days = '{}' THEN
		RETURN;
	END IF;
	SELECT * INTO k FROM _dunning.report_sql(groups, 'due_on');
	RETURN QUERY EXECUTE format($q$
	WITH dispute AS MATERIALIZED (
		SELECT h.* FROM dunning.hold AS h WHERE h.reason = 'dispute' AND h.from_day <= $2 AND ($4 IS NULL OR h.ledger = $4)
	), item AS MATERIALIZED (
		SELECT i.* FROM _dunning.whole_items($2) AS i
		WHERE (SELECT EXISTS (SELECT FROM dispute)) AND EXISTS (SELECT FROM dispute AS h WHERE h.ledger = i.ledger
			AND (h.item = i.item AND (h.part IS NULL OR h.part = i.part) OR h.customer = i.customer))
	), held AS (
		SELECT d.day AS as_of, i.ledger, i.item, i.part, CASE WHEN bool_or(h.amount IS NULL) THEN o.open
			ELSE least(sum(h.amount), o.open) END AS amount
		FROM unnest($1) AS d (day)
		JOIN dispute AS h ON h.from_day <= d.day AND (h.until_day >= d.day) IS NOT FALSE AND (h.released_on > d.day) IS NOT FALSE
		JOIN item AS i ON h.ledger = i.ledger AND (h.item = i.item AND (h.part IS NULL OR h.part = i.part) OR h.customer = i.customer)
		CROSS JOIN LATERAL (SELECT coalesce(dunning.open_amount(i.history, d.day), i.open_amount) AS open) AS o
		WHERE o.open > 0 AND o.open < 'Infinity' AND (i.issued_on > d.day) IS NOT TRUE
		GROUP BY d.day, i.ledger, i.item, i.part, o.open
	), disputed AS (
		SELECT as_of, currency, %1$s, sum(in_dispute) AS amount
		FROM (SELECT i.*, h.as_of, h.amount AS in_dispute FROM held AS h
			JOIN item AS i ON (i.ledger, i.item, i.part) = (h.ledger, h.item, h.part)) AS i
		GROUP BY as_of, %2$s
	), promised AS (
		SELECT as_of, currency, %1$s, count(*) AS decided, count(*) FILTER (WHERE state = 'kept') AS kept, sum(amount) AS amount,
			sum(paid) AS paid
		FROM (SELECT d.day AS as_of, p.ledger, p.customer, p.currency, p.state, p.amount, p.paid, f.company, NULL::date AS due_on, w.*
			FROM dunning.promises($2, $4) AS p JOIN dunning.promise AS f ON f.promise = p.promise
			JOIN _dunning.series_periods($1, $3) AS d ON p.decided_on > d.before AND p.decided_on <= d.day
			-- who the customer is any of its items says
			LEFT JOIN LATERAL (SELECT o.customer_name, o.salesperson, o.class, o.attributes, o.customer_group, o.payer, o.payer_name
				FROM dunning.ledger_items($2) AS o
				WHERE $6 AND o.ledger = p.ledger AND o.customer = p.customer AND (f.items IS NULL OR o.item = f.items[1])
					ORDER BY o.item LIMIT 1) AS w ON true
			WHERE p.state IN ('kept', 'broken', 'partly_kept')) AS p
		GROUP BY as_of, %2$s
	)
	SELECT f.as_of, f.currency, %3$s, coalesce(s.amount, 0), round(100 * coalesce(s.amount, 0) / nullif(greatest(f.receivables, 0), 0), 2),
		round(coalesce(s.amount, 0) * f.sales_days / nullif(greatest(f.sales, 0), 0), 2), coalesce(p.decided, 0), coalesce(p.kept, 0),
		round(100.0 * p.kept / p.decided, 2), coalesce(p.amount, 0), coalesce(p.paid, 0)
	FROM dunning.figures($7, $2, $3, $8, $4, $5, 0) WITH ORDINALITY AS f LEFT JOIN disputed AS s ON %4$s LEFT JOIN promised AS p ON %5$s
		ORDER BY f.ordinality
	$q$, k.keys, k.grouped, (SELECT string_agg('f.' || r.name, ', ' ORDER BY r.place) FROM _dunning.report_keys() AS r), format(same, 's'),
		format(same, 'p'))
	USING days, days[cardinality(days)], every, ledger, months, groups && '{salesperson,class,attributes,customer_group,payer}'::text[], from_day, grouped_by;
END
$$;
COMMENT ON FUNCTION dunning.process_figures(date, date, interval, text, name, integer) IS
	'Disputes and promises over time: on each day what is in dispute, also in days of the sales of some months, and of each period how many of the promises that were decided were kept';

-- Warning signs

CREATE TYPE _dunning.warning_sign AS ( --: A row of dunning.warning_signs
	ledger name, --: Ledger of the customer
	customer dunning.item_key, --: Key of the customer
	customer_name text, --: Name of the customer
	sign text, --: later_than_usual, first_dispute, broken_promise, rejected_payment or beyond_usual
	on_day date, --: Day of the fact
	item dunning.item_key, --: Key of the item; NULL: of no single one
	currency text, --: Currency of the amount
	amount numeric, --: Amount of the fact
	fact text --: The fact as a sentence
);

CREATE FUNCTION dunning.warning_signs(as_of date DEFAULT dunning.today(), ledger name DEFAULT NULL,
		customer dunning.item_key DEFAULT NULL, days integer DEFAULT 30, language text DEFAULT 'en') RETURNS SETOF _dunning.warning_sign
	LANGUAGE plpgsql ROWS 100 SET search_path = pg_catalog, pg_temp SET jit = off
	-- the number of customers cannot be estimated
	SET enable_nestloop = off AS $$
#variable_conflict use_column
DECLARE
	day CONSTANT date := coalesce(as_of, dunning.today());
	since CONSTANT date := day - coalesce(days, 30);
	spoken CONSTANT text := _dunning.need_page_language(warning_signs.language);
	fr CONSTANT boolean := spoken = 'fr';
BEGIN
	PERFORM _dunning.need_ledger(ledger);
	RETURN QUERY
	WITH i AS MATERIALIZED (
		SELECT s.ledger, s.customer, s.customer_name, s.item, s.part, s.currency, s.reference, s.issued_on, s.due_on, s.amount,
			s.open_amount, s.rejects, s.kind, dunning.settled_on(s.history) AS settled_on
		FROM (
			SELECT w.* FROM _dunning.whole_items(day) AS w WHERE warning_signs.customer IS NULL AND w.customer IS NOT NULL
			UNION ALL
			-- by the index of the customers, where there is one
			SELECT o.* FROM dunning.ledger_items(day) AS o WHERE o.customer = warning_signs.customer
		) AS s
		WHERE (warning_signs.ledger IS NULL OR s.ledger = warning_signs.ledger) AND s.amount < 'Infinity' AND s.amount > '-Infinity'
	), habit AS (
		SELECT h.ledger, h.customer, avg(h.settled_on - h.due_on) AS usual, coalesce(stddev_samp(h.settled_on - h.due_on), 0) AS spread
		FROM i AS h
		WHERE h.kind = 'invoice' AND h.amount > 0 AND isfinite(h.due_on) AND h.settled_on > (day - interval '1 year')::date
		GROUP BY 1, 2 HAVING count(*) >= 3
	), sign AS (
		-- the latest item of a customer stands for all; a sentence is made of what is left
		SELECT o.ledger, o.customer, o.customer_name, 'later_than_usual' AS sign, o.due_on + greatest(floor(o.usual + o.spread), 0)::integer + 1 AS on_day,
			o.item, o.currency, o.open_amount AS amount, format(CASE WHEN fr THEN '%s : %s jours de retard ; d''habitude %s, plus ou moins %s' ELSE '%s: %s days late; usually %s, give or take %s' END,
				coalesce(o.reference, o.item::text), day - o.due_on, _dunning.number_text(round(o.usual, 1), spoken),
				_dunning.number_text(round(o.spread, 1), spoken)) AS fact
		FROM (SELECT DISTINCT ON (k.ledger, k.customer) k.*, h.usual, h.spread
			FROM i AS k JOIN habit AS h ON h.ledger = k.ledger AND h.customer = k.customer
			WHERE k.open_amount > 0 AND isfinite(k.due_on) AND day - k.due_on > greatest(h.usual + h.spread, 0)
			ORDER BY k.ledger, k.customer, k.due_on, k.item) AS o
		UNION ALL
		(SELECT DISTINCT ON (c.ledger, c.customer) c.ledger, c.customer, c.name, 'first_dispute', d.from_day, d.item, d.currency, d.amount,
			format(CASE WHEN fr THEN 'premier litige, noté le %s%s' ELSE 'first dispute, of %s%s' END, _dunning.day_text(d.from_day, spoken), ': ' || d.note)
		FROM dunning.hold AS d
		CROSS JOIN LATERAL (SELECT k.ledger, k.customer, k.customer_name AS name FROM i AS k WHERE k.ledger = d.ledger
			AND (k.item = d.item OR k.customer = d.customer) LIMIT 1) AS c
		WHERE d.reason = 'dispute' AND d.from_day > since AND d.from_day <= day
			AND NOT EXISTS (SELECT FROM dunning.hold AS e WHERE e.reason = 'dispute' AND e.ledger = d.ledger AND e.from_day <= since
				AND (e.customer = c.customer OR e.item IN (SELECT k.item FROM i AS k WHERE k.ledger = c.ledger
					AND k.customer = c.customer)))
		ORDER BY c.ledger, c.customer, d.from_day, d.hold)
		UNION ALL
		SELECT p.ledger, p.customer, (SELECT max(k.customer_name) FROM i AS k WHERE k.ledger = p.ledger AND k.customer = p.customer), 'broken_promise',
			p.decided_on, NULL, p.currency, p.missing, format(CASE WHEN fr THEN 'promesse de %s pour le %s : payé %s' ELSE 'promise of %s for %s: paid %s' END,
				dunning.format_money(p.amount, p.currency, spoken), _dunning.day_text(p.promised_for, spoken),
				dunning.format_money(p.paid, p.currency, spoken))
		FROM dunning.promises(day, warning_signs.ledger, warning_signs.customer) AS p WHERE p.state IN ('broken', 'partly_kept')
			AND p.decided_on > since AND p.decided_on <= day
		UNION ALL
		SELECT r.ledger, r.customer, r.customer_name, 'rejected_payment', f.on_day, r.item, r.currency, r.open_amount,
			format(CASE WHEN fr THEN '%s : paiement rejeté (%s)' ELSE '%s: payment rejected (%s)' END, coalesce(r.reference, r.item::text), upper(f.name))
		FROM i AS r CROSS JOIN LATERAL dunning.facts(r.rejects) AS f WHERE f.kind = 'reject' AND f.on_day > since AND f.on_day <= day
		UNION ALL
		SELECT n.ledger, n.customer, n.customer_name, 'beyond_usual', n.issued_on, n.item, n.currency, n.amount,
			format(CASE WHEN fr THEN '%s de %s ; jusque-là au plus %s en un an' ELSE '%s of %s; at most %s in the year before' END, coalesce(n.reference, n.item::text),
				dunning.format_money(n.amount, n.currency, spoken), dunning.format_money(n.most, n.currency, spoken))
		FROM (SELECT DISTINCT ON (k.ledger, k.customer) k.*, b.most
			FROM i AS k
			JOIN (SELECT m.ledger, m.customer, m.currency, max(m.amount) AS most FROM i AS m
				WHERE m.kind = 'invoice' AND m.amount > 0 AND m.issued_on <= since AND m.issued_on > (since - interval '1 year')::date
				GROUP BY 1, 2, 3 HAVING count(*) >= 3) AS b ON b.ledger = k.ledger AND b.customer = k.customer
					AND b.currency IS NOT DISTINCT FROM k.currency
			WHERE k.kind = 'invoice' AND k.issued_on > since AND k.amount > 2 * b.most
			ORDER BY k.ledger, k.customer, k.amount DESC, k.item) AS n
	)
	SELECT s.* FROM sign AS s WHERE warning_signs.customer IS NULL OR s.customer = warning_signs.customer
	ORDER BY s.ledger, s.customer_name, s.customer, s.on_day, s.sign, s.item;
END
$$;
COMMENT ON FUNCTION dunning.warning_signs(date, name, dunning.item_key, integer, text) IS
	'Customers to look at, or what one customer is looked at for, each with the fact: later than usual by more than his own spread, the first dispute, a broken promise, a rejected payment, an invoice more than twice as large as any of the year before; of the last days, in English or French';

-- What the steps brought

CREATE TYPE _dunning.step_effect AS ( --: A row of dunning.step_effect
	channel text, --: Channel of the step
	step text, --: Day of the step
	label text, --: Label of the step
	currency text, --: Currency of the amounts
	reminders bigint, --: Reminders that were sent
	asked numeric, --: What was open on the days on which they were sent
	paid_reminders bigint, --: Those whose item was paid in full or in part within the days
	paid numeric, --: What was paid of them within the days
	paid_percent numeric, --: paid in percent of asked
	mean_days numeric, --: Mean of the days from sending to the first payment within the days
	usual_percent numeric --: How much of what was as late the same customers settled within as many days in the year before, without a view to reminders; NULL: nothing was as late
);

CREATE FUNCTION dunning.step_effect(from_day date, to_day date DEFAULT dunning.today(), ledger name DEFAULT NULL, days integer DEFAULT 14)
		RETURNS SETOF _dunning.step_effect
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	last_day CONSTANT date := coalesce(to_day, dunning.today());
	span CONSTANT integer := coalesce(days, 14);
BEGIN
	IF span NOT BETWEEN 1 AND 365 OR from_day IS NULL THEN
		RAISE EXCEPTION 'the effect of a step is looked at within 1 to 365 days from a first day on' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM _dunning.need_ledger(ledger);
	RETURN QUERY
	WITH i AS MATERIALIZED (
		-- what was paid after the last reminder is known today
		SELECT p.* FROM _dunning.paid_items(least(last_day + span, dunning.today())) AS p WHERE step_effect.ledger IS NULL
			OR p.ledger = step_effect.ledger
	), r AS MATERIALIZED (
		SELECT m.reminder, m.channel, m.step, m.label, i.currency, i.customer, i.ledger, i.item, i.part, m.sent_on - i.due_on AS late,
			m.sent_on, dunning.open_amount(i.history, m.sent_on) AS asked,
			(SELECT coalesce(sum(- v.amount), 0) FROM dunning.movements(i.history) AS v WHERE v.on_day > m.sent_on
				AND v.on_day <= m.sent_on + span) AS moved,
			(SELECT min(v.on_day) FROM dunning.movements(i.history) AS v WHERE v.on_day > m.sent_on AND v.on_day <= m.sent_on + span
				AND v.amount < 0) AS first_on
		FROM dunning.reminder AS m JOIN i ON i.ledger = m.ledger AND i.item = m.item AND i.part = m.part
		WHERE m.state = 'sent' AND m.sent_on BETWEEN step_effect.from_day AND last_day
	), usual AS (
		SELECT r.reminder, r.asked * count(*) FILTER (WHERE h.settled_on - h.due_on <= r.late + span) / count(*) AS expected
		FROM r JOIN i AS h ON h.ledger = r.ledger AND h.customer = r.customer AND (h.item, h.part) <> (r.item, r.part)
			AND h.settled_on < r.sent_on AND h.settled_on >= r.sent_on - 365 AND h.settled_on - h.due_on > r.late
		WHERE r.asked > 0 GROUP BY r.reminder, r.asked
	)
	SELECT r.channel, r.step, max(r.label), r.currency, count(*), sum(r.asked), count(*) FILTER (WHERE r.moved > 0),
		sum(least(greatest(r.moved, 0), r.asked)), round(100 * sum(least(greatest(r.moved, 0), r.asked)) / nullif(sum(r.asked), 0), 2),
		round(avg(r.first_on - r.sent_on) FILTER (WHERE r.moved > 0), 2),
		round(100 * sum(u.expected) / nullif(sum(r.asked) FILTER (WHERE u.expected IS NOT NULL), 0), 2)
	FROM r LEFT JOIN usual AS u ON u.reminder = r.reminder
	WHERE r.asked > 0
	GROUP BY r.channel, r.step, r.currency
	ORDER BY r.currency, min(r.late), r.channel, r.step;
END
$$;
COMMENT ON FUNCTION dunning.step_effect(date, date, name, integer) IS
	'What came in within some days after the reminders that were sent from one day to another, by channel and step, beside what the same customers settled of as late invoices in the year before. It says what followed, not what the reminder caused';

-- Provision for doubtful debts, by segment and bucket

CREATE TYPE _dunning.provision_line AS ( --: A row of dunning.provision_report
	currency text, --: Currency of the amounts
	segment text, --: The segment; NULL: the sum of the currency, or one segment alone
	bucket integer, --: Number of the bucket; NULL: without a due date
	label text, --: Label of the bucket
	is_total boolean, --: Whether this is the sum of the currency
	amount numeric, --: What is open; below zero counts as zero
	percent numeric, --: Rate of the segment and bucket
	provision numeric --: The provision. Those of a currency add up to the total, which is rounded once
);

CREATE FUNCTION dunning.provision_report(as_of date, percents jsonb, segment_by text DEFAULT 'total', scheme text DEFAULT NULL,
		ledger name DEFAULT NULL, in_currency text DEFAULT 'document')
	RETURNS SETOF _dunning.provision_line
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	day CONSTANT date := coalesce(as_of, dunning.today());
	by_segment CONSTANT text := coalesce(nullif(lower(trim(segment_by)), 'currency'), 'total');
	known CONSTANT jsonb := CASE jsonb_typeof(percents) WHEN 'array' THEN jsonb_build_object('default', percents) ELSE percents END;
	wrong record;
BEGIN
	IF percents IS NULL THEN
		RETURN;
	END IF;
	PERFORM _dunning.report_groups(by_segment);
	IF by_segment ~ ',' OR by_segment = 'month' THEN
		RAISE EXCEPTION 'segments cannot be by "%"', by_segment
			USING ERRCODE = 'invalid_parameter_value', HINT = 'They are by customer, payer, customer_group, class, salesperson, company, ledger, one attribute, or total.';
	END IF;
	IF (jsonb_typeof(known) = 'object') IS NOT TRUE OR EXISTS (SELECT FROM jsonb_each(known) AS k WHERE jsonb_typeof(k.value) <> 'array' OR EXISTS (
		SELECT FROM jsonb_array_elements(CASE jsonb_typeof(k.value) WHEN 'array' THEN k.value ELSE '[]' END) AS e
			WHERE jsonb_typeof(e.value) <> 'number'))
	THEN
		RAISE EXCEPTION 'percents is not a list of rates' USING ERRCODE = 'invalid_parameter_value',
			HINT = 'Give a rate in percent for each bucket, such as [0.3, 1.6, 3.6, 6.6, 10.6], or an object with such a list for each segment and for "default".';
	END IF;
	SELECT s.segment, s.buckets, s.rates INTO wrong
	FROM (SELECT k.key AS segment, jsonb_array_length(k.value) AS rates,
		(SELECT count(*) FROM dunning.aging_buckets(_dunning.report_scheme(scheme, ledger))) AS buckets FROM jsonb_each(known) AS k) AS s
	WHERE s.rates NOT IN (s.buckets, s.buckets + 1) ORDER BY s.segment LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'segment "%" has % rates for % buckets', wrong.segment, wrong.rates, wrong.buckets
			USING ERRCODE = 'invalid_parameter_value', DETAIL = 'One more rate is that of what has no due date.';
	END IF;
	RETURN QUERY
	WITH line AS (
		SELECT r.currency, CASE by_segment WHEN 'customer' THEN r.customer::text WHEN 'payer' THEN r.payer::text WHEN 'customer_group' THEN r.customer_group::text
				WHEN 'class' THEN r.class WHEN 'salesperson' THEN r.salesperson WHEN 'company' THEN r.company WHEN 'ledger' THEN r.ledger::text
					ELSE r.attributes ->> by_segment END AS segment, b.bucket, b.label,
			greatest(b.amount, 0) AS amount, b.place
		FROM dunning.aged_balance_report(day, scheme, by_segment, ledger, in_currency => in_currency) AS r
		CROSS JOIN LATERAL dunning.buckets(r.balance) WITH ORDINALITY AS b (bucket, label, amount, place)
		WHERE r.is_total = (by_segment = 'total') AND b.amount < 'Infinity' AND b.amount > '-Infinity'
	), rated AS (
		SELECT l.*, p.percent, l.amount * p.percent / 100 AS exact
		FROM line AS l
		CROSS JOIN LATERAL (SELECT coalesce(known -> l.segment, known -> 'default') AS rates) AS s
		-- what has no due date has the rate of the first bucket unless it has its own
		CROSS JOIN LATERAL (SELECT coalesce(s.rates ->> (l.place - 1)::integer, s.rates ->> 0)::numeric AS percent) AS p
	), summed AS (
		SELECT r.*, sum(r.exact) OVER w AS up_to, coalesce(c.decimals, 2) AS decimals FROM rated AS r
			LEFT JOIN dunning.currency AS c ON c.code = r.currency
		WINDOW w AS (PARTITION BY r.currency ORDER BY r.segment, r.place ROWS UNBOUNDED PRECEDING)
	), rounded AS (
		SELECT s.*, round(s.up_to, s.decimals) - lag(round(s.up_to, s.decimals), 1, 0::numeric) OVER (PARTITION BY s.currency
			ORDER BY s.segment, s.place) AS provision, s.percent IS NOT NULL OR s.amount = 0 AS known FROM summed AS s
	)
	SELECT v.currency, v.segment, v.bucket, v.label, v.is_total, v.amount, v.percent, v.provision
	FROM (SELECT r.currency, r.segment, r.bucket, r.label, false AS is_total, r.amount, r.percent,
			CASE WHEN r.known THEN r.provision END AS provision, r.place FROM rounded AS r
		UNION ALL
		SELECT r.currency, NULL, NULL, NULL, true, sum(r.amount), NULL, CASE WHEN bool_and(r.known) THEN sum(r.provision) END, NULL
		FROM rounded AS r GROUP BY r.currency) AS v
	ORDER BY v.currency, v.is_total, v.segment, v.place;
END
$$;
COMMENT ON FUNCTION dunning.provision_report(date, jsonb, text, text, name, text) IS
	'The provision for doubtful debts of a day, by segment and bucket of the aged balance, with rates in percent: a list for each bucket, or an object of lists by segment and "default". The total is rounded once, and its lines add up to it. NULL if a segment has no rates';
