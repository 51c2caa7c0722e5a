-- The items of all ledgers.

CREATE TYPE _dunning.item_row AS (ledger name, item dunning.item_key, part integer, customer dunning.item_key, company text, currency text,
	reference text, issued_on date, due_on date, amount numeric, open_amount numeric,
	customer_name text, email text, phone text, language text, disputed boolean, procedure text,
	professional boolean, history dunning.balance_history, as_of_known boolean,
	held boolean, company_currency text, company_amount numeric, company_open_amount numeric,
	dunnable boolean, document dunning.item_key, contracted_on date, rule_by text, rejects dunning.dunning_history,
	delivered_on date, matures_on date, kind text,
	payer dunning.item_key, payer_name text, identifier text, customer_group dunning.item_key, risk_party dunning.item_key,
	class text, salesperson text, net_amount numeric, attributes jsonb);
COMMENT ON TYPE _dunning.item_row IS 'An item as of a day: the row of dunning.open_item, dunning.open_items and dunning.ledger_items';

-- What depends on an ERP's table must be no part of the extension, or DROP
-- TABLE ... CASCADE would drop the extension with all reminders.  So the views of a
-- ledger and the two functions that read them, _dunning.ledger_items_N for look-ups
-- and _dunning.ledger_whole_N for the whole ledger, are no members.  What is public
-- reads them through functions whose body is a text, which the planner puts in
-- place of the call.
CREATE FUNCTION dunning.open_items() RETURNS SETOF _dunning.item_row
	LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT (NULL::_dunning.item_row).* WHERE false';
COMMENT ON FUNCTION dunning.open_items() IS 'The rows of dunning.open_item; built anew by adopt and release';

CREATE FUNCTION dunning.ledger_items(as_of date) RETURNS SETOF _dunning.item_row
	LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT (NULL::_dunning.item_row).* WHERE false';
COMMENT ON FUNCTION dunning.ledger_items(date) IS
	'The items of all ledgers that were issued by a day, settled ones too, as they were on that day; none for NULL; built anew by adopt and release';

CREATE FUNCTION dunning.open_items(as_of date) RETURNS SETOF _dunning.item_row
	LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT (NULL::_dunning.item_row).* WHERE false';
COMMENT ON FUNCTION dunning.open_items(date) IS
	'The items of all ledgers that were not settled on a day, as they were on that day; none for NULL; built anew by adopt and release';

-- PostgreSQL asks no support function about = ANY.  Each key is looked up by itself,
-- in a subquery that the planner plans apart, so that it reaches the ERP's index.  It
-- stays in its own type there, so that a column of this type is compared natively.
CREATE FUNCTION dunning.open_items_of(keys anyarray, as_of date DEFAULT dunning.today()) RETURNS SETOF _dunning.item_row
	LANGUAGE sql STABLE PARALLEL SAFE AS '
	SELECT i.* FROM (SELECT DISTINCT ON (dunning.item_key(u.key)) u.key FROM pg_catalog.unnest($1) AS u (key)) AS k
	CROSS JOIN LATERAL (SELECT o.* FROM dunning.open_items($2) AS o
		WHERE o.item OPERATOR(pg_catalog.=) dunning.item_key(k.key) OFFSET 0) AS i';
COMMENT ON FUNCTION dunning.open_items_of(anyarray, date) IS
	'The open items that have one of the keys, which may be of any type that a key has; each is looked up by the index of the ledger''s table';

CREATE FUNCTION dunning.open_items_of_customers(keys anyarray, as_of date DEFAULT dunning.today()) RETURNS SETOF _dunning.item_row
	LANGUAGE sql STABLE PARALLEL SAFE AS '
	SELECT i.* FROM (SELECT DISTINCT ON (dunning.item_key(u.key)) u.key FROM pg_catalog.unnest($1) AS u (key)) AS k
	CROSS JOIN LATERAL (SELECT o.* FROM dunning.open_items($2) AS o
		WHERE o.customer OPERATOR(pg_catalog.=) dunning.item_key(k.key) OFFSET 0) AS i';
COMMENT ON FUNCTION dunning.open_items_of_customers(anyarray, date) IS
	'The open items of the customers that have one of the keys, which may be of any type that a key has; each is looked up by the index of the ledger''s table';

CREATE VIEW dunning.open_item WITH (security_invoker = true) AS
	SELECT o.ledger, o.item, o.part, o.customer, o.company, o.currency, o.reference, o.issued_on, o.due_on, o.amount, o.open_amount,
		o.customer_name, o.email, o.phone, o.language, o.disputed, o.procedure, o.professional, o.history, o.as_of_known,
		o.held, o.company_currency, o.company_amount, o.company_open_amount,
		o.dunnable, o.document, o.contracted_on, o.rule_by, o.rejects, o.delivered_on, o.matures_on, o.kind,
		o.payer, o.payer_name, o.identifier, o.customer_group, o.risk_party, o.class, o.salesperson, o.net_amount, o.attributes
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
COMMENT ON COLUMN dunning.open_item.email IS 'E-mail address, of the payer if the customers table has him';
COMMENT ON COLUMN dunning.open_item.phone IS 'Telephone number, of the payer if the customers table has him';
COMMENT ON COLUMN dunning.open_item.language IS 'Language of the customer, or of the payer if the customers table has him';
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
COMMENT ON COLUMN dunning.open_item.contracted_on IS 'Day of the contract, whose law holds for the item; NULL: not known, and the issue date is taken for it';
COMMENT ON COLUMN dunning.open_item.rule_by IS 'What chooses the penalty rule of the item: a value of dunning.ledger_rule, or the name of a rule; NULL: the currency is looked up there';
COMMENT ON COLUMN dunning.open_item.rejects IS 'The rejections of its payments up to dunning.today(), a dunning_history; NULL: there are none, or the ledger does not say';
COMMENT ON COLUMN dunning.open_item.delivered_on IS 'Day of the delivery or service; NULL: not known, and the issue date is taken for it';
COMMENT ON COLUMN dunning.open_item.matures_on IS 'Day on which a bill of exchange for the item matures; NULL: there is none';
COMMENT ON COLUMN dunning.open_item.kind IS 'What the item is: invoice, credit_note, down_payment or receipt; by the sign of the amount unless the ledger says it';
COMMENT ON COLUMN dunning.open_item.payer IS 'Key of who pays for the customer; the customer himself unless the ledger says another';
COMMENT ON COLUMN dunning.open_item.payer_name IS 'Name of the payer; NULL: not known';
COMMENT ON COLUMN dunning.open_item.identifier IS 'Number by which the customer is known in every ledger; NULL: not known';
COMMENT ON COLUMN dunning.open_item.customer_group IS 'Key of the group that the customer belongs to; NULL: not known';
COMMENT ON COLUMN dunning.open_item.risk_party IS 'Key of whose credit is at risk; NULL: not known';
COMMENT ON COLUMN dunning.open_item.class IS 'Class of the customer, to which dunning.assign can assign; NULL: none';
COMMENT ON COLUMN dunning.open_item.salesperson IS 'Salesperson of the customer; NULL: not known';
COMMENT ON COLUMN dunning.open_item.net_amount IS 'Amount as issued without tax; NULL: not known, or the amount bears none';
COMMENT ON COLUMN dunning.open_item.attributes IS 'Further columns of the ERP by the names that the mapping gives them, as an object; NULL: the ledger maps none';

CREATE FUNCTION _dunning.whole_items(as_of date) RETURNS SETOF _dunning.item_row
	LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT (NULL::_dunning.item_row).* WHERE false';
COMMENT ON FUNCTION _dunning.whole_items(date) IS
	'The rows of dunning.ledger_items, for who reads all of them: payments are grouped once; built anew by adopt and release';

-- the type has the columns of the view
SELECT _dunning.copy_comments('dunning.open_item', '_dunning.item_row');

-- A ledger that cannot be read must neither hide its amounts nor keep those of
-- others from being read: whoever asks for its items gets this error, and a
-- query of another ledger never comes here.
CREATE FUNCTION _dunning.unreadable(ledger name) RETURNS SETOF _dunning.item_row
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'ledger "%" cannot be read', ledger
		USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'What its query reads was changed or dropped.',
			HINT = 'SELECT * FROM dunning.check_ledgers() says how to adopt it again; other ledgers can be asked for by their names.';
END
$$;
COMMENT ON FUNCTION _dunning.unreadable(name) IS 'Stands for the items of a ledger whose tables changed: error 55000';

CREATE FUNCTION _dunning.ledger_function(id integer, whole boolean DEFAULT false) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('_dunning.ledger_%s_%s', CASE WHEN whole THEN 'whole' ELSE 'items' END, id);
COMMENT ON FUNCTION _dunning.ledger_function(integer, boolean) IS 'Name of the function of a date that reads the items of a ledger, by look-ups or as a whole';

-- The functions are made of the views of an adoption, whose relations PostgreSQL looks
-- up by number when it puts a function in place of its call: too late to wait for
-- who drops them.  So whoever reads a ledger names its gate, a view of nothing, in a
-- condition that the planner throws away; the name is locked before any function is
-- looked into.  Whoever makes the functions anew locks the gate exclusively.
CREATE FUNCTION _dunning.gate_name(id integer) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('_dunning.gate_%s', id);
COMMENT ON FUNCTION _dunning.gate_name(integer) IS 'Name of the view that is locked by who reads a ledger';

CREATE FUNCTION _dunning.gate_condition(id integer) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('(true OR EXISTS (SELECT FROM %s))', _dunning.gate_name(id));
COMMENT ON FUNCTION _dunning.gate_condition(integer) IS 'The condition, always true, by which a query locks the gate of a ledger';

CREATE FUNCTION _dunning.ledger_call(id integer, day text, whole boolean DEFAULT false) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('(SELECT f.* FROM %s(%s) AS f WHERE %s)', _dunning.ledger_function(id, whole), day, _dunning.gate_condition(id));
COMMENT ON FUNCTION _dunning.ledger_call(integer, text, boolean) IS
	'What stands in a FROM clause for the items of a ledger on a day, an SQL expression, read by look-ups or as a whole';

CREATE FUNCTION _dunning.make_gate(l dunning.ledger) RETURNS void
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	gate CONSTANT text := _dunning.gate_name(l.id);
	owner CONSTANT name := (SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c WHERE c.oid = 'dunning.ledger'::regclass);
BEGIN
	IF to_regclass(gate) IS NULL THEN
		EXECUTE format('CREATE VIEW %s AS SELECT', gate);
		EXECUTE format('COMMENT ON VIEW %s IS %L', gate, format('Locked by who reads the ledger %I: made by dunning.adopt', l.ledger));
		EXECUTE format('GRANT SELECT ON %s TO PUBLIC', gate);
		IF owner <> current_user THEN
			EXECUTE format('ALTER VIEW %s OWNER TO %I', gate, owner);
		END IF;
	END IF;
	EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', gate);
END
$$;
COMMENT ON FUNCTION _dunning.make_gate(dunning.ledger) IS 'Makes the gate of a ledger, or waits for all who read the ledger, and keeps others from it until the transaction ends';

-- Whether a function is of this ledger its twin says.  A copy of the rows of
-- dunning.ledger may meet the functions of another ledger of the same number, or of
-- another mapping.
CREATE FUNCTION _dunning.twin_body(l dunning.ledger) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('SELECT i.* FROM _dunning.unreadable(%L) AS i /* %s */', l.ledger,
		md5(concat_ws(' ', l.adoption, quote_ident(l.relation_name), l.columns, quote_nullable(l.time_zone))));
COMMENT ON FUNCTION _dunning.twin_body(dunning.ledger) IS 'The text of the functions of a ledger that say that it cannot be read: it names the ledger, its adoption and its mapping';

CREATE FUNCTION _dunning.is_made(l dunning.ledger) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN to_regclass(_dunning.gate_name(l.id)) IS NOT NULL
		AND (SELECT count(*) FROM pg_proc AS p
			WHERE p.oid IN (to_regprocedure(_dunning.ledger_function(l.id) || '(timestamp)'),
				to_regprocedure(_dunning.ledger_function(l.id, true) || '(timestamp)'))
				AND p.prosrc = _dunning.twin_body(l)) = 2;
COMMENT ON FUNCTION _dunning.is_made(dunning.ledger) IS 'Whether the functions of a ledger are there, and are its own; their tables may have been dropped';

-- A list of tasks is of no use if one ledger keeps it from being made.
CREATE FUNCTION _dunning.unreadable_ledgers() RETURNS name[]
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN ARRAY(SELECT l.ledger FROM dunning.ledger AS l WHERE l.state = 'adopted'
		AND (NOT _dunning.is_made(l) OR to_regprocedure(_dunning.ledger_function(l.id) || '(date)') IS NULL) ORDER BY l.ledger);
COMMENT ON FUNCTION _dunning.unreadable_ledgers() IS 'The adopted ledgers whose tables were changed or dropped, so that asking for their items is an error';

CREATE FUNCTION _dunning.leave_unreadable(ledger name) RETURNS name[]
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	gone CONSTANT name[] := CASE WHEN ledger IS NULL THEN _dunning.unreadable_ledgers() ELSE '{}' END;
	one name;
BEGIN
	FOREACH one IN ARRAY gone LOOP
		RAISE WARNING 'ledger "%" cannot be read, and its items are not on the list', one
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'What its query reads was changed or dropped.',
				HINT = 'SELECT * FROM dunning.check_ledgers() says how to adopt it again.';
	END LOOP;
	RETURN gone;
END
$$;
COMMENT ON FUNCTION _dunning.leave_unreadable(name) IS
	'The ledgers that a list leaves out since they cannot be read, each with a warning; none if one ledger was asked for: that one is an error';

-- If DROP ... CASCADE takes a function along, the one of a timestamp is left, which
-- a call with a date then reaches.  A function that is there is replaced, since who
-- waits at the gate has looked it up.
CREATE FUNCTION _dunning.make_functions(l dunning.ledger, readable boolean DEFAULT true) RETURNS void
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	owner CONSTANT name := (SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c WHERE c.oid = 'dunning.ledger'::regclass);
	f record;
BEGIN
	FOR f IN
		SELECT format('%s(as_of %s)', _dunning.ledger_function(l.id, w.whole), v.type) AS head,
			format('%s(%s)', _dunning.ledger_function(l.id, w.whole), v.type) AS signature, CASE WHEN v.type = 'date' AND readable
				THEN format('BEGIN ATOMIC %s; END', _dunning.ledger_query(l, '$1', w.whole))
				ELSE format('AS %L', _dunning.twin_body(l)) END AS body,
			format(CASE v.type WHEN 'date' THEN 'Items of the ledger %I as of a day, settled ones too%s: made by dunning.adopt'
				ELSE 'Says that the ledger %I cannot be read once its function is gone%s: made by dunning.adopt' END, l.ledger,
				CASE WHEN w.whole THEN ', for who reads all of them' ELSE '' END) AS comment
		FROM (VALUES (false), (true)) AS w (whole) CROSS JOIN (VALUES ('timestamp'), ('date')) AS v (type)
	LOOP
		EXECUTE format('CREATE OR REPLACE FUNCTION %s RETURNS SETOF _dunning.item_row LANGUAGE sql STABLE PARALLEL SAFE %s', f.head, f.body);
		EXECUTE format('COMMENT ON FUNCTION %s IS %L', f.signature, f.comment);
		EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', f.signature);
		IF owner <> current_user THEN
			EXECUTE format('ALTER FUNCTION %s OWNER TO %I', f.signature, owner);
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION _dunning.make_functions(dunning.ledger, boolean) IS
	'Makes the two functions that read the views of a ledger, and their twins that say that they are gone; unless readable, all four say so, and the views can be dropped';

CREATE FUNCTION _dunning.drop_views(adoption integer) RETURNS void
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
BEGIN
	EXECUTE format('DROP VIEW IF EXISTS %s', (SELECT string_agg(_dunning.view_name(s, adoption), ', ') FROM unnest(ARRAY['items', 'payments', 'whole payments', 'customers']) AS s));
END
$$;
COMMENT ON FUNCTION _dunning.drop_views(integer) IS 'Drops the views of an adoption';

-- The gate comes first, so that who reads the ledger waits there.
CREATE FUNCTION _dunning.drop_ledger_objects(l dunning.ledger) RETURNS void
	LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
BEGIN
	EXECUTE format('DROP VIEW IF EXISTS %s', _dunning.gate_name(l.id));
	EXECUTE format('DROP FUNCTION IF EXISTS %1$s(date), %1$s(timestamp), %2$s(date), %2$s(timestamp)', _dunning.ledger_function(l.id), _dunning.ledger_function(l.id, true));
	PERFORM _dunning.drop_views(l.adoption);
END
$$;
COMMENT ON FUNCTION _dunning.drop_ledger_objects(dunning.ledger) IS 'Drops the gate, the functions and the views of a ledger';

-- What reads all ledgers is a text that names the functions of each.  The name of the
-- ledger stands in it, and beside what is read of a ledger an empty branch, so that a
-- query of one ledger leaves the others out of its plan: the planner compares the
-- name before it looks into a UNION ALL.
CREATE FUNCTION _dunning.union_query(whole boolean, day text, condition text) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (
		WITH c AS MATERIALIZED (
			SELECT string_agg(format('i.%I', a.attname), ', ' ORDER BY a.attnum) AS fields,
				'SELECT (NULL::_dunning.item_row).* FROM pg_catalog.generate_series(1, 0) WHERE false' AS nothing
			FROM pg_attribute AS a JOIN pg_type AS t ON t.typrelid = a.attrelid
			WHERE t.oid = '_dunning.item_row'::regtype AND NOT a.attisdropped AND a.attname <> 'ledger')
		SELECT coalesce(
			(SELECT format('SELECT i.ledger, %s FROM (%s) AS i WHERE %s', c.fields, string_agg(format(
					'SELECT %L::pg_catalog.name AS ledger, %s FROM %s', s.ledger, c.fields,
					format(CASE WHEN s.n > 1 THEN '(SELECT f.* FROM %s AS f WHERE %s UNION ALL %s) AS i' ELSE '%s AS i WHERE %s' END, s.call, s.gate, c.nothing)),
					' UNION ALL ' ORDER BY s.ledger), condition)
				FROM (SELECT l.ledger, count(*) OVER () AS n,
						-- one that was copied and whose functions were not waits for dunning.rebuild_ledgers
						CASE WHEN m.made THEN format('%s(%s)', _dunning.ledger_function(l.id, whole), day) ELSE format('_dunning.unreadable(%L)', l.ledger) END AS call,
						CASE WHEN m.made THEN _dunning.gate_condition(l.id) ELSE 'true' END AS gate
					FROM dunning.ledger AS l CROSS JOIN LATERAL (SELECT _dunning.is_made(l) AS made) AS m WHERE l.state = 'adopted') AS s
				HAVING count(*) > 0),
			c.nothing)
		FROM c);
COMMENT ON FUNCTION _dunning.union_query(boolean, text, text) IS 'The query of the items of all ledgers on a day, an SQL expression, that meet a condition';

CREATE FUNCTION _dunning.collect_ledgers() RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	-- an amount that is missing is a problem to be seen, not a settled item
	not_settled CONSTANT text := '(i.open_amount OPERATOR(pg_catalog.<>) 0::pg_catalog.numeric OR i.open_amount IS NULL)';
	f record;
BEGIN
	FOR f IN SELECT v.head, _dunning.union_query(v.whole, v.day, v.condition) AS query
		FROM (VALUES
			('dunning.open_items()', false, 'dunning.today()', not_settled),
			('dunning.open_items(as_of date)', false, '$1', not_settled),
			('dunning.ledger_items(as_of date)', false, '$1', 'true'),
			('_dunning.whole_items(as_of date)', true, '$1', 'true')) AS v (head, whole, day, condition)
	LOOP
		EXECUTE format('CREATE OR REPLACE FUNCTION %s RETURNS SETOF _dunning.item_row LANGUAGE sql STABLE PARALLEL SAFE AS %L', f.head, f.query);
	END LOOP;
END
$$;
COMMENT ON FUNCTION _dunning.collect_ledgers() IS 'Has dunning.open_items and what is like it read the ledgers that are adopted';

-- Whoever owns what a ledger is read through could change what everybody reads.
CREATE FUNCTION _dunning.refuse_planted() RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	planted record;
BEGIN
	SELECT o.object, format('DROP %s %s', o.kind, o.object) AS drop, pg_get_userbyid(o.owner) AS owner INTO planted
	FROM (SELECT p.oid::regprocedure::text AS object, 'FUNCTION' AS kind, p.proowner AS owner FROM pg_proc AS p
			WHERE p.pronamespace = '_dunning'::regnamespace AND p.proname ~ '^ledger_(items|whole)_[0-9]+$'
		UNION ALL
		SELECT c.oid::regclass::text, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, c.relowner FROM pg_class AS c
			WHERE c.relnamespace = '_dunning'::regnamespace AND c.relname ~ '^(item|(whole_)?payment|customer|gate)_[0-9]+$') AS o
	WHERE NOT pg_has_role(o.owner, (SELECT v.relowner FROM pg_class AS v WHERE v.oid = 'dunning.open_item'::regclass), 'MEMBER')
	ORDER BY o.object LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '% belongs to "%"', planted.object, planted.owner
			USING ERRCODE = 'insufficient_privilege',
				DETAIL = 'Its owner has not the rights of the owner of dunning.open_item, and could change what is read through it.',
				HINT = planted.drop || '; SELECT dunning.rebuild_ledgers().';
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.refuse_planted() IS 'Error 42501 if a view or function through which a ledger is read belongs to somebody who has not the rights of the owner of dunning.open_item';

-- Functions before the views that they read
CREATE FUNCTION _dunning.drop_strays() RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	stray record;
BEGIN
	FOR stray IN
		WITH made AS (SELECT l.id, l.adoption FROM dunning.ledger AS l WHERE l.state = 'adopted' AND _dunning.is_made(l)),
		object AS (
			SELECT 1 AS place, format('FUNCTION %s', p.oid::regprocedure) AS name, substring(p.proname FROM '^ledger_(?:items|whole)_([0-9]+)$') AS id, NULL AS adoption
			FROM pg_proc AS p WHERE p.pronamespace = '_dunning'::regnamespace
			UNION ALL
			SELECT 2, format('VIEW %s', c.oid::regclass), substring(c.relname FROM '^gate_([0-9]+)$'), substring(c.relname FROM '^(?:item|(?:whole_)?payment|customer)_([0-9]+)$')
			FROM pg_class AS c WHERE c.relnamespace = '_dunning'::regnamespace AND c.relkind = 'v')
		SELECT o.name FROM object AS o
		WHERE o.id IS NOT NULL AND o.id NOT IN (SELECT m.id::text FROM made AS m)
			OR o.adoption IS NOT NULL AND o.adoption NOT IN (SELECT m.adoption::text FROM made AS m)
		ORDER BY o.place, o.name
	LOOP
		EXECUTE 'DROP ' || stray.name;
	END LOOP;
END
$$;
COMMENT ON FUNCTION _dunning.drop_strays() IS 'Drops the functions and views of ledgers that there are not, or that are not those of the ledger of their number';

CREATE FUNCTION dunning.rebuild_ledgers() RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l dunning.ledger;
BEGIN
	PERFORM _dunning.refuse_planted();
	PERFORM _dunning.one_at_a_time();
	PERFORM _dunning.drop_strays();
	FOR l IN SELECT s.* FROM dunning.ledger AS s WHERE s.state = 'adopted' AND NOT (_dunning.is_made(s)
		AND to_regprocedure(_dunning.ledger_function(s.id) || '(date)') IS NOT NULL
			AND to_regprocedure(_dunning.ledger_function(s.id, true) || '(date)') IS NOT NULL)
	LOOP
		BEGIN
			PERFORM _dunning.drop_ledger_objects(l);
			PERFORM _dunning.make_gate(l);
			PERFORM _dunning.make_views(l);
			PERFORM _dunning.make_functions(l);
		EXCEPTION WHEN syntax_error_or_access_rule_violation THEN
			RAISE WARNING 'ledger "%" cannot be read: %', l.ledger, SQLERRM
				USING HINT = 'SELECT * FROM dunning.check_ledgers() says how to adopt it again.';
		END;
	END LOOP;
	PERFORM _dunning.collect_ledgers();
END
$$;
COMMENT ON FUNCTION dunning.rebuild_ledgers() IS
	'Makes the views and functions of ledgers that have none of their own, as after a data-only restore, and has dunning.open_item read them; a ledger that cannot be read is an error for who asks for its items, and for no other';

-- A restore copies the rows of dunning.ledger, the views and the functions; what
-- reads all ledgers follows by itself.
CREATE FUNCTION _dunning.ledger_changed() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM _dunning.refuse_planted();
	PERFORM _dunning.one_at_a_time();
	PERFORM _dunning.collect_ledgers();
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION _dunning.ledger_changed() IS 'Trigger: has dunning.open_item read the ledgers that there are';
CREATE TRIGGER ledger_changed AFTER INSERT OR DELETE ON dunning.ledger
	FOR EACH STATEMENT EXECUTE FUNCTION _dunning.ledger_changed();

CREATE FUNCTION _dunning.item_not_found(ledger name, item dunning.item_key) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM _dunning.need_ledger(ledger);
	RAISE EXCEPTION 'item "%" of ledger "%" was not found', item, ledger
		USING ERRCODE = 'no_data_found', HINT = 'It is not in the ledger on that day, or the current user may not see it.';
END
$$;
COMMENT ON FUNCTION _dunning.item_not_found(name, dunning.item_key) IS 'Error P0002 for an item that is not there, 42704 for a ledger that is not';
