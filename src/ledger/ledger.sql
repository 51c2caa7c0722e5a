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
	adopted_by name NOT NULL DEFAULT session_user,
	consumer_rule text
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
COMMENT ON COLUMN dunning.ledger.consumer_rule IS 'Penalty rule of items whose debtor is no professional; NULL: the rule, without what is for professionals only';
SELECT pg_catalog.pg_extension_config_dump('dunning.ledger', '');

CREATE TABLE dunning.kept_ledger (
	ledger name PRIMARY KEY,
	relation text,
	mapping jsonb,
	procedure text NOT NULL,
	rule text,
	consumer_rule text,
	scheme text NOT NULL,
	watched boolean NOT NULL,
	erp name,
	schema name,
	released_at timestamptz NOT NULL DEFAULT now(),
	released_by name NOT NULL DEFAULT session_user
);
COMMENT ON TABLE dunning.kept_ledger IS 'Ledgers released with keep => true until they are adopted again: their reminders wait; written by dunning.adopt and dunning.release only';
COMMENT ON COLUMN dunning.kept_ledger.ledger IS 'Name of the ledger, under which it is to be adopted again';
COMMENT ON COLUMN dunning.kept_ledger.relation IS 'Name of the table, view or foreign table whose rows were the items; NULL if it was gone';
COMMENT ON COLUMN dunning.kept_ledger.mapping IS 'The mapping as dunning.adopt takes it; NULL if a table of it was gone';
COMMENT ON COLUMN dunning.kept_ledger.procedure IS 'Dunning procedure of items that name none';
COMMENT ON COLUMN dunning.kept_ledger.rule IS 'Penalty rule; NULL: late items cost nothing';
COMMENT ON COLUMN dunning.kept_ledger.consumer_rule IS 'Penalty rule of items whose debtor is no professional';
COMMENT ON COLUMN dunning.kept_ledger.scheme IS 'Aging scheme';
COMMENT ON COLUMN dunning.kept_ledger.watched IS 'Whether triggers were on its tables, which come back';
COMMENT ON COLUMN dunning.kept_ledger.erp IS 'The ERP, if dunning.adopt_erp adopted it';
COMMENT ON COLUMN dunning.kept_ledger.schema IS 'Schema of the ERP''s tables';
COMMENT ON COLUMN dunning.kept_ledger.released_at IS 'When it was released';
COMMENT ON COLUMN dunning.kept_ledger.released_by IS 'Who released it';
SELECT pg_catalog.pg_extension_config_dump('dunning.kept_ledger', '');

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
	SELECT l.ledger INTO user_of
	FROM (SELECT u.ledger, u.procedure, u.rule, u.consumer_rule, u.scheme FROM dunning.ledger AS u
		UNION ALL SELECT k.ledger, k.procedure, k.rule, k.consumer_rule, k.scheme FROM dunning.kept_ledger AS k) AS l
	WHERE CASE TG_TABLE_NAME WHEN 'procedure' THEN l.procedure = OLD.name
		WHEN 'rule' THEN OLD.name IN (l.rule, l.consumer_rule) ELSE l.scheme = OLD.name END
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

CREATE FUNCTION dunning.currency_sql(columns jsonb, field text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN columns ? (field || '_code') THEN quote_literal(columns ->> (field || '_code')) || '::text COLLATE "default"'
		ELSE dunning.column_sql('t', columns ->> field, 'text') END;
COMMENT ON FUNCTION dunning.currency_sql(jsonb, text) IS 'A currency of the items: their column, or the one code that a mapping has for all';

-- The key of an item or customer: types with a native look-up as they are,
-- all others by their text.
CREATE FUNCTION dunning.key_sql(relation regclass, column_name text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT format('dunning.item_key(t.%I%s)', column_name,
			CASE WHEN c.type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype,
				'text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'uuid'::regtype) THEN '' ELSE '::text' END)
		FROM dunning.relation_columns(relation) AS c WHERE c.column_name = key_sql.column_name);
COMMENT ON FUNCTION dunning.key_sql(regclass, text) IS 'The expression that turns a column into an item key';

-- Histories of items

CREATE FUNCTION dunning.history_day(day date) RETURNS date
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN day BETWEEN '0001-01-01' AND '9999-12-31' THEN day END;
COMMENT ON FUNCTION dunning.history_day(date) IS 'A day that a balance history can hold, NULL for any other';

-- One amount that a history cannot hold must not stop the whole ledger: such an
-- item has none.  The digits leave room for the sums of a day.
CREATE FUNCTION dunning.fits_history(amount numeric) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN abs(amount) < 1e18 AND min_scale(amount) <= 15;
COMMENT ON FUNCTION dunning.fits_history(numeric) IS
	'Whether the history of an item can hold an amount: below 10^18, at most 15 decimals, neither NaN nor infinite';

-- What each part has received of what was paid of an item.  Payments that name
-- a part pay it; the others fill the parts in the order of their due dates, what
-- is too much stays with the last part and what is taken back with the first.
CREATE FUNCTION dunning.parts_sql(parts text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN 'SELECT f.day, f.n, f.parts, f.due_on, f.amount, f.assigned + f.sign * least('
			'CASE WHEN f.k = f.parts THEN ''Infinity''::numeric ELSE f.room END, '
			'greatest(CASE WHEN f.k = 1 THEN ''-Infinity''::numeric ELSE 0 END, f.sign * f.unassigned - f.before)) AS received '
		'FROM (SELECT r.*, row_number() OVER w AS k, count(*) OVER (PARTITION BY r.day) AS parts, '
			'r.paid - sum(r.assigned) OVER (PARTITION BY r.day) AS unassigned, '
			'coalesce(sum(r.room) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before '
		'FROM (SELECT a.*, greatest(a.sign * (a.amount - a.assigned), 0) AS room FROM (' || parts || ') AS a) AS r '
		'WINDOW w AS (PARTITION BY r.day ORDER BY r.due_on, r.n)) AS f';
COMMENT ON FUNCTION dunning.parts_sql(text) IS
	'The query that says what each part of an item has received by a day, and how many there are, from one of the parts (day, n, due_on, amount, sign), what names each (assigned) and what was paid in all (paid)';

-- Tables and names are those of the time of adoption: what became of them only
-- dunning.check_ledgers finds out.
CREATE FUNCTION dunning.adopt_again(ledger name) RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	statement text;
BEGIN
	SELECT format('dunning.adopt_erp(%L, schema => %L, ledger => %L, replace => true)', e.erp, e.schema, e.ledger) INTO statement
	FROM dunning.erp_ledger AS e WHERE e.ledger = adopt_again.ledger;
	IF NOT FOUND THEN
		SELECT CASE WHEN c.oid IS NULL THEN format('dunning.adopt(..., ledger => %L, replace => true)', l.ledger)
			ELSE format('dunning.adopt(%L, ledger => %L, columns => ..., replace => true)', l.relation::text, l.ledger) END INTO statement
		FROM dunning.ledger AS l LEFT JOIN pg_class AS c ON c.oid = l.relation WHERE l.ledger = adopt_again.ledger;
		IF statement ~ '\(\.\.\.' THEN
			RETURN format('Adopt what took its place under the same name, its history stays: SELECT * FROM %s.', statement);
		END IF;
	END IF;
	RETURN format('Adopt it again, its history stays: SELECT * FROM %s.', statement);
END
$$;
COMMENT ON FUNCTION dunning.adopt_again(name) IS 'A hint how to adopt a ledger again over its tables as they are now';

CREATE FUNCTION dunning.ledger_query(l dunning.ledger, day text) RETURNS text
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	c CONSTANT jsonb := l.columns;
	dated CONSTANT boolean := coalesce(c -> 'payments' ? 'date', false);
	by_part CONSTANT boolean := coalesce(c -> 'payments' ? 'part', false);
	source text := l.relation::text || ' AS t';
	part text;
	due_on text;
	amount text;
	open_amount text;
	company_amount text;
	company_open_amount text;
	conditions text;
	paid text;
	sums text;
	instalments text;
	history text;
	contact text[];
	field text;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_class AS r WHERE r.oid = l.relation) OR l.payments IS NOT NULL AND NOT EXISTS (SELECT FROM pg_class AS r WHERE r.oid = l.payments)
		OR l.customers IS NOT NULL AND NOT EXISTS (SELECT FROM pg_class AS r WHERE r.oid = l.customers)
	THEN
		RAISE EXCEPTION 'a table of the ledger "%" was dropped', l.ledger
			USING ERRCODE = 'undefined_table', HINT = dunning.adopt_again(l.ledger);
	END IF;
	IF c ? 'payments' THEN
		paid := format('p.%I::numeric', c #>> '{payments,amount}');
		sums := format('sum(%s) AS paid', paid);
		-- Each aggregate is left out of the plan if nobody reads what it is for.
		IF dated THEN
			sums := sums || format(', min(dunning.history_day(p.%1$I::date)) AS first, bool_and(p.%1$I IS NOT NULL) AS dated, '
				'bool_and(dunning.fits_history(%2$s)) AS fits, '
				'dunning.balance_history(- %2$s, p.%1$I::date) FILTER (WHERE dunning.fits_history(%2$s) AND dunning.history_day(p.%1$I::date) IS NOT NULL) AS moves, '
				'sum(%2$s) FILTER (WHERE dunning.history_day(p.%1$I::date) IS NULL) AS undated',
				c #>> '{payments,date}', paid);
		END IF;
		-- One payment whose company amount is not known leaves that of the item unknown.
		IF c -> 'payments' ? 'company_amount' THEN
			sums := sums || format(', sum(p.%1$I::numeric) AS company_paid, bool_and(p.%1$I IS NOT NULL OR (%2$s = 0) IS NOT FALSE) AS company_known',
				c #>> '{payments,company_amount}', paid);
		END IF;
		IF NOT c ? 'due_on' AND (dated OR by_part) THEN
			sums := sums || format(', array_agg(%s) AS amounts, array_agg(%s) AS days, array_agg(%s) AS parts', paid,
				CASE WHEN dated THEN format('dunning.history_day(p.%I::date)', c #>> '{payments,date}') ELSE 'NULL::date' END,
				CASE WHEN by_part THEN format('p.%I::numeric', c #>> '{payments,part}') ELSE 'NULL::numeric' END);
		END IF;
		conditions := CASE WHEN dated THEN format('(p.%I::date <= %s) IS NOT FALSE', c #>> '{payments,date}', day) ELSE 'true' END;
		-- By the index of the payments where there is one, so that the items of
		-- one customer cost a look-up each; otherwise all payments at once.
		IF (c #>> '{payments,indexed}')::boolean THEN
			source := source || format(
				' LEFT JOIN LATERAL (SELECT %s FROM %s AS p WHERE p.%I = t.%I AND %s) AS p ON true',
				sums, l.payments, c #>> '{payments,item}', c ->> 'key', conditions);
		ELSE
			source := source || format(
				' LEFT JOIN (SELECT p.%1$I AS item, %2$s FROM %3$s AS p WHERE p.%1$I IS NOT NULL AND %4$s GROUP BY 1) AS p ON p.item = t.%5$I',
				c #>> '{payments,item}', sums, l.payments, conditions, c ->> 'key');
		END IF;
		open_amount := format('t.%I::numeric - coalesce(p.paid, 0)', c ->> 'amount');
		company_open_amount := CASE WHEN c ? 'company_amount' AND c -> 'payments' ? 'company_amount'
			THEN format('CASE WHEN p.company_known IS NOT FALSE THEN t.%I::numeric - coalesce(p.company_paid, 0) END', c ->> 'company_amount')
			ELSE 'NULL::numeric' END;
	ELSIF c ? 'open_amount' THEN
		open_amount := format('t.%I::numeric', c ->> 'open_amount');
	ELSE
		open_amount := format('t.%I::numeric - coalesce(t.%I::numeric, 0)', c ->> 'amount', c ->> 'paid_amount');
	END IF;
	company_amount := dunning.column_sql('t', c ->> 'company_amount', 'numeric');
	company_open_amount := coalesce(company_open_amount, dunning.column_sql('t', c ->> 'company_open_amount', 'numeric'));
	amount := dunning.column_sql('t', c ->> 'amount', 'numeric');
	due_on := dunning.column_sql('t', c ->> 'due_on', 'date');

	IF dated THEN
		-- The amount moves on the issue day, or where that is not known on the
		-- first day of which something is known; so do payments without a date.
		source := source || format(' CROSS JOIN LATERAL (SELECT coalesce(dunning.history_day(%s), '
				'least(dunning.history_day(%s), p.first, greatest(least(%s, ''9999-12-31''), ''0001-01-01''))) AS day) AS b',
			dunning.column_sql('t', c ->> 'issued_on', 'date'), due_on, day);
		history := format('dunning.movement(%s, b.day) + coalesce(p.moves, ''{}'') + coalesce(dunning.movement(- nullif(p.undated, 0), b.day), ''{}'')', amount);
	END IF;

	IF NOT c ? 'due_on' THEN
		-- Payment terms: one open item a part.  An item whose terms give no parts
		-- is one part without a due date.
		instalments := format('dunning.instalments(t.%1$I::date, CASE WHEN t.%2$I::numeric NOT IN (''NaN'', ''Infinity'', ''-Infinity'') THEN t.%2$I::numeric END, %3$s)',
			c ->> 'issued_on', c ->> 'amount',
			CASE WHEN (SELECT rc.type = 'dunning.payment_terms'::regtype FROM dunning.relation_columns(l.relation) AS rc WHERE rc.column_name = c ->> 'terms')
				THEN format('t.%I', c ->> 'terms') ELSE format('dunning.try_terms(t.%I::text)', c ->> 'terms') END);
		part := format('SELECT %%s AS day, i.n, i.due_on, i.amount, CASE WHEN t.%I < 0 THEN -1 ELSE 1 END AS sign, %s AS assigned, %%s AS paid FROM ',
			c ->> 'amount', CASE WHEN by_part THEN 'coalesce(q.paid, 0)' ELSE '0::numeric' END);
		IF dated THEN
			-- What a part receives on a day is what it has then less what it had
			-- before.  OFFSET 0 has it done once an item, of all parts, and only
			-- if it is read.
			source := source || format(' CROSS JOIN LATERAL (SELECT (SELECT array_agg(x.moves ORDER BY x.n) FROM (SELECT m.n, dunning.balance_history(m.moved, m.day) FILTER (WHERE m.moved <> 0) AS moves '
				'FROM (SELECT g.n, g.day, lag(g.received, 1, 0::numeric) OVER (PARTITION BY g.n ORDER BY g.day) - g.received AS moved FROM (%s) AS g) AS m '
				'GROUP BY m.n) AS x) AS moves OFFSET 0) AS h',
				dunning.parts_sql(format(part, 'd.day', 'd.paid')
					|| format('(SELECT coalesce(e.day, b.day) AS day, sum(coalesce(sum(e.amount), 0)) OVER (ORDER BY coalesce(e.day, b.day)) AS paid '
						'FROM unnest(p.amounts, p.days) AS e (amount, day) WHERE p.fits IS NOT FALSE AND dunning.fits_history(%s) GROUP BY 1) AS d CROSS JOIN ', amount)
					|| instalments || ' AS i'
					|| CASE WHEN by_part THEN ' LEFT JOIN LATERAL (SELECT sum(e.amount) AS paid FROM unnest(p.amounts, p.days, p.parts) AS e (amount, day, part) '
						'WHERE e.part = i.n AND coalesce(e.day, b.day) <= d.day) AS q ON true' ELSE '' END));
			history := format('CASE WHEN i.n IS NULL THEN %s ELSE dunning.movement(i.amount, b.day) '
				'+ coalesce(h.moves[i.n], ''{}'') END', history);
		END IF;
		source := source || format(' LEFT JOIN LATERAL (%s) AS i ON true', dunning.parts_sql(
			format(part, 'NULL::date', format('%s - (%s)', amount, open_amount)) || instalments || ' AS i'
			|| CASE WHEN by_part THEN ' LEFT JOIN LATERAL (SELECT sum(e.amount) AS paid FROM unnest(p.amounts, p.parts) AS e (amount, part) WHERE e.part = i.n) AS q ON true' ELSE '' END));
		part := 'coalesce(i.n, 1)';
		due_on := 'i.due_on';
		open_amount := format('CASE WHEN i.n IS NULL THEN %s ELSE i.amount - i.received END', open_amount);
		-- what a part is worth to the company nobody says, unless it is the whole
		company_amount := format('CASE WHEN coalesce(i.parts, 1) = 1 THEN %s END', company_amount);
		company_open_amount := format('CASE WHEN coalesce(i.parts, 1) = 1 THEN %s END', company_open_amount);
	ELSE
		part := '1';
	END IF;
	IF dated THEN
		history := format('CASE WHEN dunning.fits_history(%s) AND p.fits IS NOT FALSE THEN %s END', dunning.column_sql('t', c ->> 'amount', 'numeric'), history);
	ELSE
		history := 'NULL::dunning.balance_history';
	END IF;
	IF NOT c ? 'due_on' THEN
		amount := format('CASE WHEN i.n IS NULL THEN %s ELSE i.amount END', amount);
	END IF;

	conditions := format('%s IS NOT NULL', day);
	IF c ? 'issued_on' THEN
		conditions := conditions || format(' AND (t.%I::date <= %s) IS NOT FALSE', c ->> 'issued_on', day);
	END IF;

	IF c ? 'customers' THEN
		source := source || format(' LEFT JOIN %s AS c ON c.%I = t.%I',
			l.customers, c #>> '{customers,key}', c ->> 'customer');
	END IF;
	FOREACH field IN ARRAY ARRAY['name', 'email', 'phone', 'language', 'professional'] LOOP
		contact := contact || dunning.column_sql(
			CASE WHEN c -> 'customers' ? field THEN 'c' ELSE 't' END,
			CASE WHEN c -> 'customers' ? field THEN c #>> ARRAY['customers', field]
				ELSE c ->> CASE field WHEN 'name' THEN 'customer_name' ELSE field END END,
			CASE field WHEN 'professional' THEN 'boolean' ELSE 'text' END);
	END LOOP;

	RETURN concat(
		'SELECT ', quote_literal(l.ledger), '::name AS ledger, ',
		dunning.key_sql(l.relation, c ->> 'key'), ' AS item, ',
		part, ' AS part, ',
		dunning.key_sql(l.relation, c ->> 'customer'), ' AS customer, ',
		dunning.column_sql('t', c ->> 'company', 'text'), ' AS company, ',
		dunning.currency_sql(c, 'currency'), ' AS currency, ',
		dunning.column_sql('t', c ->> 'reference', 'text'), ' AS reference, ',
		dunning.column_sql('t', c ->> 'issued_on', 'date'), ' AS issued_on, ',
		due_on, ' AS due_on, ',
		amount, ' AS amount, ',
		open_amount, ' AS open_amount, ',
		contact[1], ' AS customer_name, ', contact[2], ' AS email, ',
		contact[3], ' AS phone, ', contact[4], ' AS language, ',
		dunning.column_sql('t', c ->> 'disputed', 'boolean'), ' AS disputed, ',
		dunning.column_sql('t', c ->> 'procedure', 'text'), ' AS procedure, ',
		contact[5], ' AS professional, ',
		history, ' AS history, ',
		-- a past day is known of an item and payments that have their dates
		format('(%s >= CURRENT_DATE%s)', day, CASE WHEN dated AND c ? 'issued_on' THEN format(' OR t.%I IS NOT NULL AND p.dated IS NOT FALSE', c ->> 'issued_on') END),
		' AS as_of_known, ',
		dunning.column_sql('t', c ->> 'held', 'boolean'), ' AS held, ',
		dunning.currency_sql(c, 'company_currency'), ' AS company_currency, ',
		company_amount, ' AS company_amount, ',
		company_open_amount, ' AS company_open_amount, ',
		dunning.column_sql('t', c ->> 'dunnable', 'boolean'), ' AS dunnable, ',
		coalesce(dunning.key_sql(l.relation, c ->> 'document'), 'NULL::dunning.item_key'), ' AS document',
		' FROM ', source, ' WHERE ', conditions);
END
$$;
COMMENT ON FUNCTION dunning.ledger_query(dunning.ledger, text) IS
	'The query that turns the rows of a ledger into its items as of a day, an SQL expression; settled items are among them';

CREATE TYPE dunning.item_row AS (ledger name, item dunning.item_key, part integer, customer dunning.item_key, company text, currency text, reference text,
	issued_on date, due_on date, amount numeric, open_amount numeric,
	customer_name text, email text, phone text, language text, disputed boolean, procedure text,
	professional boolean, history dunning.balance_history, as_of_known boolean,
	held boolean, company_currency text, company_amount numeric, company_open_amount numeric,
	dunnable boolean, document dunning.item_key);
COMMENT ON TYPE dunning.item_row IS 'An item as of a day: the row of dunning.open_item, dunning.open_items and dunning.ledger_items';

-- What depends on an ERP's table must be no part of the extension, or DROP
-- TABLE ... CASCADE would drop the extension with all reminders.  So the query
-- over the ledgers is a view and a function of their own, dunning.ledger_item
-- and dunning.ledger_item_on, made by rebuild_open_item, and what is public
-- reads them through functions whose body is a text, which the planner puts in
-- place of the call.  Being parsed once, view and function follow a column that
-- is renamed, and no search_path changes what they mean.
CREATE FUNCTION dunning.open_items() RETURNS SETOF dunning.item_row
	LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT (NULL::dunning.item_row).* WHERE false';
COMMENT ON FUNCTION dunning.open_items() IS 'The rows of dunning.open_item; built anew by adopt and release';

CREATE FUNCTION dunning.ledger_items(as_of date) RETURNS SETOF dunning.item_row
	LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT (NULL::dunning.item_row).* WHERE false';
COMMENT ON FUNCTION dunning.ledger_items(date) IS
	'The items of all ledgers that were issued by a day, settled ones too, as they were on that day; none for NULL; built anew by adopt and release';

CREATE FUNCTION dunning.open_items(as_of date) RETURNS SETOF dunning.item_row
	LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT (NULL::dunning.item_row).* WHERE false';
COMMENT ON FUNCTION dunning.open_items(date) IS
	'The items of all ledgers that were not settled on a day, as they were on that day; none for NULL; built anew by adopt and release';

CREATE VIEW dunning.open_item WITH (security_invoker = true) AS
	SELECT o.ledger, o.item, o.part, o.customer, o.company, o.currency, o.reference, o.issued_on, o.due_on, o.amount, o.open_amount,
		o.customer_name, o.email, o.phone, o.language, o.disputed, o.procedure, o.professional, o.history, o.as_of_known,
		o.held, o.company_currency, o.company_amount, o.company_open_amount,
		o.dunnable, o.document
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
COMMENT ON COLUMN dunning.open_item.professional IS 'Whether the debtor is a professional; NULL: not known, and treated as one';
COMMENT ON COLUMN dunning.open_item.history IS
	'The amount on the issue day and each payment up to dunning.today(), which add up to the open amount; NULL if the ledger has no dated payments or a history cannot hold an amount';
COMMENT ON COLUMN dunning.open_item.as_of_known IS
	'False where the day lies in the past and the ledger has no dated payments, or the item no issue date or a payment without a date: the open amount may then be another than on that day';
COMMENT ON COLUMN dunning.open_item.held IS 'Whether the ERP says not to remind of the item';
COMMENT ON COLUMN dunning.open_item.company_currency IS 'Currency of the company, that of the two company amounts';
COMMENT ON COLUMN dunning.open_item.company_amount IS 'Amount as issued, in the currency of the company; NULL if not known, and for an item in several parts';
COMMENT ON COLUMN dunning.open_item.company_open_amount IS
	'What is owed on dunning.today(), in the currency of the company as the ERP booked it; NULL if not known, for one payment without its company amount too, and for an item in several parts';
COMMENT ON COLUMN dunning.open_item.dunnable IS
	'False for an item that is never reminded and costs nothing when it is late, such as a fee for a reminder; NULL counts as true';
COMMENT ON COLUMN dunning.open_item.document IS
	'The document that the item is an instalment of: its compensation is owed once; NULL: the item stands for itself';

-- the type has the columns of the view
DO $$
DECLARE
	a record;
BEGIN
	FOR a IN
		SELECT v.attname, pg_catalog.col_description(v.attrelid, v.attnum) AS comment FROM pg_catalog.pg_attribute AS v
		WHERE v.attrelid = 'dunning.open_item'::pg_catalog.regclass AND v.attnum > 0
	LOOP
		EXECUTE pg_catalog.format('COMMENT ON COLUMN dunning.item_row.%I IS %L', a.attname, a.comment);
	END LOOP;
END
$$;

-- A ledger that cannot be read must neither hide its amounts nor keep those of
-- others from being read: whoever asks for its items gets this error, and a
-- query of another ledger never comes here.
CREATE FUNCTION dunning.unreadable(ledger name, problem text) RETURNS SETOF dunning.item_row
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'ledger "%" cannot be read', ledger
		USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('When its query was built: %s.', problem),
			HINT = 'SELECT * FROM dunning.check_ledgers() says how to adopt it again; other ledgers can be asked for by their names.';
END
$$;
COMMENT ON FUNCTION dunning.unreadable(name, text) IS 'Stands for the items of a ledger whose tables changed: error 55000';

CREATE FUNCTION dunning.query_problem(query text) RETURNS text
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE 'CREATE VIEW dunning.ledger_item_tried AS ' || query;
	DROP VIEW dunning.ledger_item_tried;
	RETURN NULL;
EXCEPTION
	WHEN insufficient_privilege THEN
		RAISE;
	WHEN syntax_error_or_access_rule_violation THEN
		RETURN SQLERRM;
END
$$;
COMMENT ON FUNCTION dunning.query_problem(text) IS 'Why a query makes no view; NULL if it does';

CREATE FUNCTION dunning.rebuild_open_item() RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	l dunning.ledger;
	today text[] := '{}';
	any_day text[] := '{}';
	wrong text[] := '{}';
	problem text;
	tried boolean := false;
	nothing CONSTANT text := 'SELECT (NULL::dunning.item_row).* WHERE false';
	columns CONSTANT text := (SELECT string_agg(format('i.%I', a.attname), ', ' ORDER BY a.attnum)
		FROM pg_attribute AS a WHERE a.attrelid = (SELECT t.typrelid FROM pg_type AS t WHERE t.oid = 'dunning.item_row'::regtype) AND NOT a.attisdropped);
	body record;
BEGIN
	LOOP
		FOR l IN SELECT s.* FROM dunning.ledger AS s ORDER BY s.ledger LOOP
			problem := NULL;
			BEGIN
				today := today || dunning.ledger_query(l, 'dunning.today()');
				any_day := any_day || dunning.ledger_query(l, '$1');
			EXCEPTION WHEN undefined_table THEN
				problem := SQLERRM;
			END;
			IF tried AND problem IS NULL THEN
				problem := dunning.query_problem(today[cardinality(today)]);
				IF problem IS NOT NULL THEN
					today := trim_array(today, 1);
					any_day := trim_array(any_day, 1);
				END IF;
			END IF;
			IF problem IS NOT NULL THEN
				wrong := wrong || format('ledger "%s" cannot be read: %s', l.ledger, problem);
				today := today || format('SELECT %L::name AS ledger, %s FROM dunning.unreadable(%L, %L) AS i', l.ledger,
					replace(columns, 'i.ledger, ', ''), l.ledger, problem);
				any_day := any_day || today[cardinality(today)];
			END IF;
		END LOOP;
		EXIT WHEN cardinality(today) = 0;
		BEGIN
			EXECUTE 'CREATE OR REPLACE VIEW dunning.ledger_item WITH (security_invoker = true) AS ' || array_to_string(today, ' UNION ALL ');
			EXECUTE format('CREATE OR REPLACE FUNCTION dunning.ledger_item_on(as_of date) RETURNS SETOF dunning.item_row '
				'LANGUAGE sql STABLE PARALLEL SAFE BEGIN ATOMIC %s; END', array_to_string(any_day, ' UNION ALL '));
			EXIT;
		EXCEPTION WHEN syntax_error_or_access_rule_violation THEN
			-- a second time each is tried alone, so that only what is wrong is left out
			IF tried THEN
				RAISE;
			END IF;
			tried := true;
			today := '{}';
			any_day := '{}';
			wrong := '{}';
		END;
	END LOOP;
	FOREACH problem IN ARRAY wrong LOOP
		RAISE WARNING '%', problem USING HINT = 'SELECT * FROM dunning.check_ledgers() says how to adopt it again.';
	END LOOP;
	IF cardinality(today) > 0 THEN
		COMMENT ON VIEW dunning.ledger_item IS 'What dunning.open_item reads: made by dunning.rebuild_open_item()';
		COMMENT ON FUNCTION dunning.ledger_item_on(date) IS 'What dunning.ledger_items reads: made by dunning.rebuild_open_item()';
		-- the rights that count are those on the tables
		GRANT SELECT ON dunning.ledger_item TO PUBLIC;
	END IF;
	-- an amount that is missing is a problem to be seen, not a settled item
	FOR body IN
		SELECT v.head, CASE WHEN cardinality(today) = 0 THEN nothing ELSE format('SELECT %s FROM dunning.%s', columns, v.source) END AS query
		FROM (VALUES
			('open_items()', 'ledger_item AS i WHERE (i.open_amount OPERATOR(pg_catalog.=) 0::pg_catalog.numeric) IS NOT TRUE'),
			('ledger_items(as_of date)', 'ledger_item_on($1) AS i'),
			('open_items(as_of date)', 'ledger_item_on($1) AS i WHERE (i.open_amount OPERATOR(pg_catalog.=) 0::pg_catalog.numeric) IS NOT TRUE')) AS v (head, source)
	LOOP
		EXECUTE format('CREATE OR REPLACE FUNCTION dunning.%s RETURNS SETOF dunning.item_row LANGUAGE sql STABLE PARALLEL SAFE AS %L', body.head, body.query);
	END LOOP;
	IF cardinality(today) = 0 THEN
		DROP VIEW IF EXISTS dunning.ledger_item;
		DROP FUNCTION IF EXISTS dunning.ledger_item_on(date);
	END IF;
END
$$;
COMMENT ON FUNCTION dunning.rebuild_open_item() IS
	'Builds the view dunning.open_item from dunning.ledger; a ledger that cannot be read is an error for who asks for its items, and for no other; call it after a data-only restore with triggers disabled';

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
