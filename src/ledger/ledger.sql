-- Ledgers: tables of an ERP adopted by a mapping of their columns, and the one
-- view over all of them.

CREATE TABLE dunning.ledger (
	ledger name PRIMARY KEY,
	relation regclass NOT NULL UNIQUE,
	payments regclass,
	customers regclass,
	columns jsonb NOT NULL,
	procedure text NOT NULL,
	rule text,
	scheme text NOT NULL,
	adopted_at timestamptz NOT NULL DEFAULT now(),
	adopted_by name NOT NULL DEFAULT session_user
);
COMMENT ON TABLE dunning.ledger IS 'The adopted ledgers: written by dunning.adopt and dunning.release only';
COMMENT ON COLUMN dunning.ledger.ledger IS 'Name of the ledger';
COMMENT ON COLUMN dunning.ledger.relation IS 'Table, view or foreign table whose rows are the items';
COMMENT ON COLUMN dunning.ledger.payments IS 'Table of the payments, if the open amount is the amount less their sum';
COMMENT ON COLUMN dunning.ledger.customers IS 'Table of the customers, if names and addresses come from one';
COMMENT ON COLUMN dunning.ledger.columns IS 'The mapping: field to column name, with one object each for payments and customers';
COMMENT ON COLUMN dunning.ledger.procedure IS 'Dunning procedure of items that name none';
COMMENT ON COLUMN dunning.ledger.rule IS 'Penalty rule; NULL: late items cost nothing';
COMMENT ON COLUMN dunning.ledger.scheme IS 'Aging scheme of the work list and the reports';
COMMENT ON COLUMN dunning.ledger.adopted_at IS 'When the ledger was adopted';
COMMENT ON COLUMN dunning.ledger.adopted_by IS 'Who adopted it';
SELECT pg_catalog.pg_extension_config_dump('dunning.ledger', '');

-- Foreign keys would do, but a parallel restore loads the tables of an extension
-- in any order.
CREATE FUNCTION dunning.keep_used() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	user_of name;
BEGIN
	IF TG_OP = 'UPDATE' AND NEW.name = OLD.name THEN
		RETURN NEW;
	END IF;
	SELECT l.ledger INTO user_of FROM dunning.ledger AS l
	WHERE OLD.name = CASE TG_TABLE_NAME WHEN 'procedure' THEN l.procedure WHEN 'rule' THEN l.rule ELSE l.scheme END
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '% "%" is in use by the ledger "%"', TG_TABLE_NAME, OLD.name, user_of
			USING ERRCODE = 'foreign_key_violation',
				HINT = 'Adopt the ledger with another one first: replace => true.';
	END IF;
	IF TG_OP = 'DELETE' THEN
		RETURN OLD;
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION dunning.keep_used() IS 'Trigger: refuses to delete or rename a procedure, rule or scheme that a ledger uses';
CREATE TRIGGER keep_used BEFORE UPDATE OR DELETE ON dunning.procedure FOR EACH ROW EXECUTE FUNCTION dunning.keep_used();
CREATE TRIGGER keep_used BEFORE UPDATE OR DELETE ON dunning.rule FOR EACH ROW EXECUTE FUNCTION dunning.keep_used();
CREATE TRIGGER keep_used BEFORE UPDATE OR DELETE ON dunning.scheme FOR EACH ROW EXECUTE FUNCTION dunning.keep_used();

-- What the catalogs say of a relation

CREATE FUNCTION dunning.base_type(type oid) RETURNS oid
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		WITH RECURSIVE b AS (
			SELECT base_type.type AS oid
			UNION ALL
			SELECT t.typbasetype FROM b JOIN pg_catalog.pg_type AS t ON t.oid = b.oid WHERE t.typtype = 'd')
		SELECT b.oid FROM b JOIN pg_catalog.pg_type AS t ON t.oid = b.oid WHERE t.typtype <> 'd';
	END;
COMMENT ON FUNCTION dunning.base_type(oid) IS 'The type under a domain, or the type itself';

CREATE FUNCTION dunning.relation_columns(relation regclass)
	RETURNS TABLE (column_name text, type oid, word text, attnum smallint)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT a.attname::text, dunning.base_type(a.atttypid),
			trim('_' FROM regexp_replace(
				-- accents are marks of their own after decomposition; without them
				-- no locale is needed to know the lower case
				lower(CASE getdatabaseencoding() WHEN 'UTF8'
					THEN regexp_replace(normalize(a.attname::text, NFD), '[^\x01-\x7f]', '', 'g')
					ELSE a.attname::text END COLLATE "C"),
				'[^a-z0-9]+', '_', 'g')),
			a.attnum
		FROM pg_catalog.pg_attribute AS a
		WHERE a.attrelid = relation_columns.relation AND a.attnum > 0 AND NOT a.attisdropped
		ORDER BY a.attnum;
	END;
COMMENT ON FUNCTION dunning.relation_columns(regclass) IS
	'The columns of a relation: name, type under domains, and the name in lower case without accents';

CREATE FUNCTION dunning.is_kind(type oid, kind text) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN CASE kind
		WHEN 'any' THEN true
		WHEN 'date' THEN type IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
		WHEN 'number' THEN type IN ('numeric'::regtype, 'int2'::regtype, 'int4'::regtype, 'int8'::regtype,
			'float8'::regtype, 'money'::regtype)
		WHEN 'boolean' THEN type = 'bool'::regtype
		WHEN 'terms' THEN type IN ('dunning.payment_terms'::regtype, 'text'::regtype, 'varchar'::regtype)
		ELSE (SELECT t.typcategory IN ('S', 'E') FROM pg_catalog.pg_type AS t WHERE t.oid = is_kind.type) END;
COMMENT ON FUNCTION dunning.is_kind(oid, text) IS 'Whether a column of a type can serve a field of a kind';

CREATE FUNCTION dunning.has_index(relation regclass, column_name text) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN EXISTS (
		SELECT FROM pg_catalog.pg_index AS i
		JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
		WHERE i.indrelid = has_index.relation AND a.attname = has_index.column_name
			AND i.indisvalid AND i.indpred IS NULL);
COMMENT ON FUNCTION dunning.has_index(regclass, text) IS 'Whether a column is the first of an index over all rows';

CREATE FUNCTION dunning.is_unique(relation regclass, column_name text) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN EXISTS (
		SELECT FROM pg_catalog.pg_index AS i
		JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
		WHERE i.indrelid = is_unique.relation AND a.attname = is_unique.column_name AND a.attnotnull
			AND i.indisunique AND i.indnkeyatts = 1 AND i.indisvalid AND i.indpred IS NULL);
COMMENT ON FUNCTION dunning.is_unique(regclass, text) IS 'Whether a constraint or index keeps a column unique and without NULLs';

-- From a mapping to a query

CREATE FUNCTION dunning.column_sql(alias text, column_name text, type text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN column_name IS NULL THEN 'NULL' ELSE format('%s.%I', alias, column_name) END
		|| '::' || type || CASE type WHEN 'text' THEN ' COLLATE "default"' ELSE '' END;
COMMENT ON FUNCTION dunning.column_sql(text, text, text) IS 'A mapped column as a type, or a NULL of the type';

-- The key of an item or customer: types with a native look-up as they are,
-- all others by their text.
CREATE FUNCTION dunning.key_sql(relation regclass, column_name text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT format('dunning.item_key(t.%I%s)', column_name,
			CASE WHEN c.type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype,
				'text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'uuid'::regtype) THEN '' ELSE '::text' END)
		FROM dunning.relation_columns(relation) AS c WHERE c.column_name = key_sql.column_name);
COMMENT ON FUNCTION dunning.key_sql(regclass, text) IS 'The expression that turns a column into an item key';

CREATE FUNCTION dunning.ledger_query(l dunning.ledger) RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	c CONSTANT jsonb := l.columns;
	source text := l.relation::text || ' AS t';
	part text;
	due_on text;
	amount text;
	open_amount text;
	conditions text;
	paid_on text;
	contact text[];
	field text;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_class AS r WHERE r.oid = l.relation) OR l.payments IS NOT NULL AND NOT EXISTS (SELECT FROM pg_class AS r WHERE r.oid = l.payments)
		OR l.customers IS NOT NULL AND NOT EXISTS (SELECT FROM pg_class AS r WHERE r.oid = l.customers)
	THEN
		RAISE EXCEPTION 'a table of the ledger "%" was dropped', l.ledger
			USING ERRCODE = 'undefined_table', HINT = format('Release it: SELECT dunning.release(%L).', l.ledger);
	END IF;
	IF c ? 'payments' THEN
		paid_on := CASE WHEN c -> 'payments' ? 'date' THEN
			format('(p.%I::date <= dunning.today()) IS NOT FALSE', c #>> '{payments,date}') ELSE 'true' END;
		-- By the index of the payments where there is one, so that the items of
		-- one customer cost a look-up each; otherwise all payments at once.
		IF (c #>> '{payments,indexed}')::boolean THEN
			source := source || format(
				' LEFT JOIN LATERAL (SELECT sum(p.%I::numeric) AS paid FROM %s AS p WHERE p.%I = t.%I AND %s) AS p ON true',
				c #>> '{payments,amount}', l.payments, c #>> '{payments,item}', c ->> 'key', paid_on);
		ELSE
			source := source || format(
				' LEFT JOIN (SELECT p.%I AS item, sum(p.%I::numeric) AS paid FROM %s AS p WHERE %s GROUP BY 1) AS p ON p.item = t.%I',
				c #>> '{payments,item}', c #>> '{payments,amount}', l.payments, paid_on, c ->> 'key');
		END IF;
		open_amount := format('t.%I::numeric - coalesce(p.paid, 0)', c ->> 'amount');
	ELSIF c ? 'open_amount' THEN
		open_amount := format('t.%I::numeric', c ->> 'open_amount');
	ELSE
		open_amount := format('t.%I::numeric - coalesce(t.%I::numeric, 0)', c ->> 'amount', c ->> 'paid_amount');
	END IF;

	IF NOT c ? 'due_on' THEN
		-- Payment terms: one open item a part.  Payments that name a part pay it;
		-- the others fill the parts in the order of their due dates, what is too
		-- much stays with the last part and what is taken back with the first.
		-- An item whose terms give no parts is one part without a due date.
		source := source || format(
			' LEFT JOIN LATERAL (SELECT w.n, w.due_on, w.amount, w.rest - w.sign * least('
				'CASE WHEN w.k = w.parts THEN ''Infinity''::numeric ELSE w.room END, '
				'greatest(CASE WHEN w.k = 1 THEN ''-Infinity''::numeric ELSE 0 END, w.sign * w.unassigned - w.before)) AS open_amount '
			'FROM (SELECT r.*, greatest(r.sign * r.rest, 0) AS room, row_number() OVER (ORDER BY r.due_on, r.n) AS k, count(*) OVER () AS parts, '
				'(t.%1$I::numeric - (%2$s)) - sum(r.assigned) OVER () AS unassigned, '
				'coalesce(sum(greatest(r.sign * r.rest, 0)) OVER (ORDER BY r.due_on, r.n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before '
			'FROM (SELECT i.n, i.due_on, i.amount, %3$s AS assigned, i.amount - %3$s AS rest, CASE WHEN t.%1$I < 0 THEN -1 ELSE 1 END AS sign '
			'FROM dunning.instalments(t.%4$I::date, CASE WHEN t.%1$I::numeric NOT IN (''NaN'', ''Infinity'', ''-Infinity'') THEN t.%1$I::numeric END, %5$s) AS i%6$s) AS r) AS w) AS i ON true',
			c ->> 'amount', open_amount,
			CASE WHEN c -> 'payments' ? 'part' THEN 'coalesce(q.paid, 0)' ELSE '0::numeric' END,
			c ->> 'issued_on',
			CASE WHEN (SELECT rc.type = 'dunning.payment_terms'::regtype FROM dunning.relation_columns(l.relation) AS rc WHERE rc.column_name = c ->> 'terms')
				THEN format('t.%I', c ->> 'terms') ELSE format('dunning.try_terms(t.%I::text)', c ->> 'terms') END,
			CASE WHEN c -> 'payments' ? 'part' THEN format(
				' LEFT JOIN LATERAL (SELECT sum(p.%I::numeric) AS paid FROM %s AS p WHERE p.%I = t.%I AND p.%I = i.n AND %s) AS q ON true',
				c #>> '{payments,amount}', l.payments, c #>> '{payments,item}', c ->> 'key', c #>> '{payments,part}', paid_on) ELSE '' END);
		part := 'coalesce(i.n, 1)';
		due_on := 'i.due_on';
		amount := format('CASE WHEN i.n IS NULL THEN t.%I::numeric ELSE i.amount END', c ->> 'amount');
		open_amount := format('CASE WHEN i.n IS NULL THEN %s ELSE i.open_amount END', open_amount);
	ELSE
		part := '1';
		due_on := dunning.column_sql('t', c ->> 'due_on', 'date');
		amount := dunning.column_sql('t', c ->> 'amount', 'numeric');
	END IF;

	-- an amount that is missing is a problem to be seen, not a settled item
	conditions := format('(%s) IS DISTINCT FROM 0', open_amount);
	IF c ? 'issued_on' THEN
		conditions := conditions || format(' AND (t.%I::date <= dunning.today()) IS NOT FALSE', c ->> 'issued_on');
	END IF;

	IF c ? 'customers' THEN
		source := source || format(' LEFT JOIN %s AS c ON c.%I = t.%I',
			l.customers, c #>> '{customers,key}', c ->> 'customer');
	END IF;
	FOREACH field IN ARRAY ARRAY['name', 'email', 'phone', 'language'] LOOP
		contact := contact || CASE
			WHEN c -> 'customers' ? field THEN dunning.column_sql('c', c #>> ARRAY['customers', field], 'text')
			ELSE dunning.column_sql('t', c ->> CASE field WHEN 'name' THEN 'customer_name' ELSE field END, 'text') END;
	END LOOP;

	RETURN concat(
		'SELECT ', quote_literal(l.ledger), '::name AS ledger, ',
		dunning.key_sql(l.relation, c ->> 'key'), ' AS item, ',
		part, ' AS part, ',
		dunning.key_sql(l.relation, c ->> 'customer'), ' AS customer, ',
		dunning.column_sql('t', c ->> 'company', 'text'), ' AS company, ',
		CASE WHEN c ? 'currency_code' THEN quote_literal(c ->> 'currency_code') || '::text COLLATE "default"'
			ELSE dunning.column_sql('t', c ->> 'currency', 'text') END, ' AS currency, ',
		dunning.column_sql('t', c ->> 'reference', 'text'), ' AS reference, ',
		dunning.column_sql('t', c ->> 'issued_on', 'date'), ' AS issued_on, ',
		due_on, ' AS due_on, ',
		amount, ' AS amount, ',
		open_amount, ' AS open_amount, ',
		contact[1], ' AS customer_name, ', contact[2], ' AS email, ',
		contact[3], ' AS phone, ', contact[4], ' AS language, ',
		dunning.column_sql('t', c ->> 'disputed', 'boolean'), ' AS disputed, ',
		dunning.column_sql('t', c ->> 'procedure', 'text'), ' AS procedure',
		' FROM ', source, ' WHERE ', conditions);
END
$$;
COMMENT ON FUNCTION dunning.ledger_query(dunning.ledger) IS 'The query that turns the rows of a ledger into open items';

-- What depends on an ERP's table must be no part of the extension, or DROP
-- TABLE ... CASCADE would drop the extension with all reminders.  So the query
-- over the ledgers is a view of its own, dunning.ledger_item, made by
-- rebuild_open_item, and dunning.open_item reads it through a function whose
-- body is a text, which the planner puts in place of the call.
CREATE FUNCTION dunning.open_items()
	RETURNS TABLE (ledger name, item dunning.item_key, part integer, customer dunning.item_key, company text, currency text, reference text,
		issued_on date, due_on date, amount numeric, open_amount numeric,
		customer_name text, email text, phone text, language text, disputed boolean, procedure text)
	LANGUAGE sql STABLE PARALLEL SAFE AS
	'SELECT NULL::name, NULL::dunning.item_key, NULL::integer, NULL::dunning.item_key, NULL::text, NULL::text, NULL::text, NULL::date, NULL::date, NULL::numeric, NULL::numeric, NULL::text, NULL::text, NULL::text, NULL::text, NULL::boolean, NULL::text WHERE false';
COMMENT ON FUNCTION dunning.open_items() IS 'The rows of dunning.open_item; built anew by adopt and release';

CREATE VIEW dunning.open_item WITH (security_invoker = true) AS
	SELECT o.ledger, o.item, o.part, o.customer, o.company, o.currency, o.reference, o.issued_on, o.due_on, o.amount, o.open_amount,
		o.customer_name, o.email, o.phone, o.language, o.disputed, o.procedure
	FROM dunning.open_items() AS o;
COMMENT ON VIEW dunning.open_item IS 'The open items of all adopted ledgers on dunning.today(); built anew by adopt and release';
COMMENT ON COLUMN dunning.open_item.ledger IS 'Ledger that the item belongs to';
COMMENT ON COLUMN dunning.open_item.item IS 'Key of the item; comparing it with a constant uses the index of the ledger''s table';
COMMENT ON COLUMN dunning.open_item.part IS 'Number of the part, 1 unless the payment terms split the item';
COMMENT ON COLUMN dunning.open_item.customer IS 'Key of the customer; comparing it with a constant uses the index of the ledger''s table';
COMMENT ON COLUMN dunning.open_item.company IS 'Company that the item belongs to';
COMMENT ON COLUMN dunning.open_item.currency IS 'Currency of the amounts';
COMMENT ON COLUMN dunning.open_item.reference IS 'What the customer knows the item by';
COMMENT ON COLUMN dunning.open_item.issued_on IS 'Issue date';
COMMENT ON COLUMN dunning.open_item.due_on IS 'Due date';
COMMENT ON COLUMN dunning.open_item.amount IS 'Amount as issued';
COMMENT ON COLUMN dunning.open_item.open_amount IS 'What is owed on dunning.today(); negative for a credit';
COMMENT ON COLUMN dunning.open_item.customer_name IS 'Name of the customer';
COMMENT ON COLUMN dunning.open_item.email IS 'E-mail address';
COMMENT ON COLUMN dunning.open_item.phone IS 'Telephone number';
COMMENT ON COLUMN dunning.open_item.language IS 'Language of the customer';
COMMENT ON COLUMN dunning.open_item.disputed IS 'Whether the item is in dispute';
COMMENT ON COLUMN dunning.open_item.procedure IS 'Name of the item''s own dunning procedure';

CREATE FUNCTION dunning.rebuild_open_item() RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	branches text;
BEGIN
	SELECT string_agg(dunning.ledger_query(l), ' UNION ALL ' ORDER BY l.ledger) INTO branches FROM dunning.ledger AS l;
	IF branches IS NOT NULL THEN
		EXECUTE 'CREATE OR REPLACE VIEW dunning.ledger_item WITH (security_invoker = true) AS ' || branches;
		COMMENT ON VIEW dunning.ledger_item IS 'What dunning.open_item reads: made by dunning.rebuild_open_item()';
		-- the rights that count are those on the tables
		GRANT SELECT ON dunning.ledger_item TO PUBLIC;
	END IF;
	EXECUTE format('CREATE OR REPLACE FUNCTION dunning.open_items() '
		'RETURNS TABLE (ledger name, item dunning.item_key, part integer, customer dunning.item_key, company text, currency text, reference text, '
		'issued_on date, due_on date, amount numeric, open_amount numeric, '
		'customer_name text, email text, phone text, language text, disputed boolean, procedure text) '
		'LANGUAGE sql STABLE PARALLEL SAFE AS %L',
		CASE WHEN branches IS NULL
			THEN 'SELECT NULL::name, NULL::dunning.item_key, NULL::integer, NULL::dunning.item_key, NULL::text, NULL::text, NULL::text, NULL::date, NULL::date, NULL::numeric, NULL::numeric, NULL::text, NULL::text, NULL::text, NULL::text, NULL::boolean, NULL::text WHERE false'
			ELSE 'SELECT i.ledger, i.item, i.part, i.customer, i.company, i.currency, i.reference, i.issued_on, i.due_on, i.amount, i.open_amount, i.customer_name, i.email, i.phone, i.language, i.disputed, i.procedure FROM dunning.ledger_item AS i' END);
	IF branches IS NULL THEN
		DROP VIEW IF EXISTS dunning.ledger_item;
	END IF;
END
$$;
COMMENT ON FUNCTION dunning.rebuild_open_item() IS
	'Builds the view dunning.open_item from dunning.ledger; call it after a data-only restore with triggers disabled';

-- A restore copies the rows of dunning.ledger, and the view follows by itself.
CREATE FUNCTION dunning.ledger_changed() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	PERFORM dunning.rebuild_open_item();
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION dunning.ledger_changed() IS 'Trigger: builds dunning.open_item anew when the ledgers change';
CREATE TRIGGER ledger_changed AFTER INSERT OR UPDATE OR DELETE ON dunning.ledger
	FOR EACH STATEMENT EXECUTE FUNCTION dunning.ledger_changed();
