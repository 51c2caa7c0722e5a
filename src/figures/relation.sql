-- Relations for tools that know no type but numbers, days, texts, true and false: what
-- else there is of a row becomes one of these, or is left out.

CREATE FUNCTION _dunning.plain_sql(column_name name, type oid) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE
		WHEN type IN ('numeric'::regtype, 'date'::regtype, 'text'::regtype, 'bool'::regtype, 'int2'::regtype, 'int4'::regtype,
			'int8'::regtype) THEN format('r.%I', column_name)
		WHEN type IN ('name'::regtype, 'varchar'::regtype, 'time'::regtype, 'jsonb'::regtype) THEN format('r.%I::text', column_name)
		-- pg_upgrade restores views before casts of the extension
		WHEN type = 'dunning.item_key'::regtype THEN format('_dunning.output_text(r.%I)', column_name)
		WHEN type = 'timestamptz'::regtype THEN format('(r.%I AT TIME ZONE _dunning.business_zone())::date', column_name)
		WHEN type IN ('text[]'::regtype, 'int4[]'::regtype, 'int8[]'::regtype, 'numeric[]'::regtype, 'dunning.item_key[]'::regtype)
			THEN format('array_to_string(r.%I, '', '')', column_name) END;
COMMENT ON FUNCTION _dunning.plain_sql(name, oid) IS 'The expression of a column of a row r as a number, a day, a text or a boolean; NULL for a type that becomes none of them';

CREATE TYPE _dunning.aged_balance_bucket AS ( --: A row of dunning.report_aged_balance
	currency text, --: Currency of the amount
	ledger text, --: Ledger, if grouped by it, or by customer, payer or group
	company text, --: Company, if grouped by it
	salesperson text, --: Salesperson of the customer, if grouped by it
	class text, --: Class of the customer, if grouped by it
	attributes text, --: Attributes that the report is by, as JSON
	customer_group text, --: Key of the group of the customer, if grouped by it
	payer text, --: Key of the payer, if grouped by it
	payer_name text, --: Name of the payer, if grouped by payer
	customer text, --: Key of the customer, if grouped by it
	customer_name text, --: Name of the customer, if grouped by customer
	month date, --: First day of the month of the date that items age by, if grouped by it
	bucket integer, --: Aging bucket, from 0; NULL: without a due date
	label text, --: Label of the bucket
	amount numeric --: The open amount in it
);

CREATE FUNCTION dunning.report_aged_balance(as_of date DEFAULT dunning.today(), scheme text DEFAULT 'standard',
		grouped_by text DEFAULT 'company, customer', ledger name DEFAULT NULL, by_date text DEFAULT 'due', in_currency text DEFAULT 'document',
		disputed boolean DEFAULT NULL) RETURNS SETOF _dunning.aged_balance_bucket
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.currency, r.ledger::text, r.company, r.salesperson, r.class, r.attributes::text, r.customer_group::text, r.payer::text,
		r.payer_name, r.customer::text, r.customer_name, r.month, b.bucket, b.label, b.amount
	FROM dunning.aged_balance_report(report_aged_balance.as_of, report_aged_balance.scheme, report_aged_balance.grouped_by,
		report_aged_balance.ledger, report_aged_balance.by_date, report_aged_balance.in_currency,
		disputed => report_aged_balance.disputed) AS r
	CROSS JOIN LATERAL dunning.buckets(r.balance) AS b
	WHERE r.is_total = (_dunning.report_groups(coalesce(report_aged_balance.grouped_by, 'customer')) = '{}') AND b.amount <> 0
$$;
COMMENT ON FUNCTION dunning.report_aged_balance(date, text, text, name, text, text, boolean) IS
	'The aged balance with a row for each bucket that has an amount, of plain types for any tool; bucket NULL: without a due date. Otherwise as dunning.aged_balance_report';

DO $do$
DECLARE
	-- what a report of figures is not by
	keys CONSTANT text[] := (SELECT array_agg(k.name) FROM _dunning.report_keys() AS k WHERE k.name NOT IN ('ledger', 'company'));
	year CONSTANT text := '((date_trunc(''month'', dunning.today() + 1) - interval ''11 months'')::date - 1, dunning.today(), grouped_by => ''ledger, company'')';
	v record;
	columns text;
BEGIN
	FOR v IN SELECT * FROM (VALUES
		('aged_balance', 'dunning.report_aged_balance()', '_dunning.aged_balance_bucket', '{}'::text[], 'The aged balance on dunning.today() by company and customer, a row for each bucket of the scheme standard; bucket NULL: without a due date'),
		('open_items', 'dunning.open_item', 'dunning.open_item', '{}', 'The open items on dunning.today()'),
		('worklist', 'dunning.worklist', 'dunning.worklist', '{}', 'The work list on dunning.today(), one row an open item'),
		('customers', 'dunning.customer_worklist', 'dunning.customer_worklist', '{}', 'What each payer owes on dunning.today(), and his next step'),
		('figures', 'dunning.figures' || year, '_dunning.figures_line', keys, 'DSO and the other figures by ledger and company, on the ends of months of a year up to dunning.today()'),
		('payment_figures', 'dunning.payment_figures' || year, '_dunning.payment_figures_line', keys, 'Days to pay and days late by ledger and company, of the months of a year up to dunning.today()'),
		('promises', 'dunning.promises()', 'dunning.promise_on_day', '{}', 'Promises to pay, and what became of them by dunning.today()'),
		('plans', 'dunning.plans()', 'dunning.plan_on_day', '{}', 'Payment plans, and what became of them by dunning.today()'),
		('disputes', 'dunning.disputes_by_owner()', 'dunning.open_dispute', '{}', 'Disputes that are in force on dunning.today(), and whose they are'),
		('reminders', 'dunning.reminder', 'dunning.reminder', '{}', 'All reminders'),
		('claims', 'dunning.claim', 'dunning.claim', '{}', 'All bookings of what late items owe'),
		('holds', 'dunning.hold', 'dunning.hold', '{}', 'All holds: disputes, deferrals, write-offs and the others'),
		('contacts', 'dunning.contact', 'dunning.contact', '{}', 'All contacts with customers'),
		('warning_signs', 'dunning.warning_signs()', '_dunning.warning_sign', '{}', 'Customers to look at on dunning.today(), and why'))
		AS s (name, source, type, left_out, comment)
	LOOP
		SELECT string_agg(pg_catalog.format('%s AS %I', p.sql, a.attname), ', ' ORDER BY a.attnum) INTO columns
		FROM pg_catalog.pg_attribute AS a CROSS JOIN LATERAL (SELECT _dunning.plain_sql(a.attname, a.atttypid) AS sql) AS p
		WHERE a.attrelid = pg_catalog.to_regclass(v.type) AND a.attnum > 0 AND NOT a.attisdropped
			AND p.sql IS NOT NULL AND a.attname <> ALL (v.left_out);
		EXECUTE pg_catalog.format('CREATE VIEW dunning.report_%s WITH (security_invoker = true) AS SELECT %s FROM %s AS r', v.name, columns, v.source);
		EXECUTE pg_catalog.format('COMMENT ON VIEW dunning.report_%s IS %L', v.name, v.comment || '; of plain types for any tool');
		PERFORM _dunning.copy_comments(pg_catalog.to_regclass(v.type), pg_catalog.to_regclass('dunning.report_' || v.name));
	END LOOP;
END
$do$;
