-- The agenda: for each open item of a watched ledger the day on which it has to be
-- looked at again, so that a run costs what is due and not what is open.  It is a
-- cache: what it says is decided anew, and whatever is in doubt is read as a whole.
-- After a crash it is empty, and the next run makes it anew.

CREATE UNLOGGED TABLE _dunning.agenda ( --: The open items of watched ledgers, and when a run has to look at them
	ledger name, --: Name of the ledger
	item dunning.item_key, --: Key of the item
	customer dunning.item_key, --: Key of the customer; NULL: not known yet
	payer dunning.item_key, --: Key of who pays, where customers are decided on as a whole
	look_on date, --: Day from which the decision may be another; NULL: never, unless something happens
	PRIMARY KEY (ledger, item)
);
CREATE INDEX agenda_day ON _dunning.agenda (ledger, look_on);
CREATE INDEX agenda_customer ON _dunning.agenda (ledger, customer);
CREATE INDEX agenda_payer ON _dunning.agenda (ledger, payer) WHERE payer IS NOT NULL;

CREATE UNLOGGED TABLE _dunning.agenda_state ( --: The ledgers that have an agenda
	ledger name PRIMARY KEY, --: Name of the ledger
	settings text NOT NULL, --: Hash of what decisions follow from beside items and facts; another one ends the agenda
	read_on date NOT NULL, --: Day on which a run read all of the ledger
	rules text[] NOT NULL DEFAULT '{}' --: The penalty rules that items named themselves, as _dunning.named_rule has them
);

CREATE FUNCTION _dunning.agenda_days() RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 7;
COMMENT ON FUNCTION _dunning.agenda_days() IS 'Days after which a run reads all of a ledger and compares it with the agenda';

-- Whatever is done to an item, to all items of a customer or to a ledger is noted.
DO $do$
DECLARE
	t record;
	event text;
BEGIN
	FOR t IN SELECT v.*, 'touch_' || v.relation AS name
		-- the run itself knows what it raises
		FROM (VALUES ('reminder', 'NULL::dunning.item_key', 'true', '{UPDATE,DELETE}'::text[]), ('hold', 't.customer', 'true', '{INSERT,UPDATE,DELETE}'),
			('handover', 'NULL::dunning.item_key', 'true', '{INSERT,UPDATE,DELETE}'),
			('assignment', 't.customer', 't.kind IN (''procedure'', ''calendar'')', '{INSERT,UPDATE,DELETE}')) AS v (relation, customer, condition, events)
	LOOP
		-- a function for each table, whose plan a session keeps
		EXECUTE format($body$CREATE FUNCTION _dunning.%I() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO _dunning.touched (ledger, item, customer) SELECT DISTINCT t.ledger, t.item, %s FROM touched_row AS t
	WHERE %s AND EXISTS (SELECT FROM _dunning.watched AS w WHERE w.ledger = t.ledger);
	RETURN NULL;
END
$$$body$, t.name, t.customer, t.condition);
		EXECUTE format('COMMENT ON FUNCTION _dunning.%I() IS %L', t.name,
			format('Statement trigger of dunning.%s: notes what its rows are about in _dunning.touched, if the ledger is watched', t.relation));
		FOREACH event IN ARRAY t.events LOOP
			EXECUTE format('CREATE TRIGGER touch_%s AFTER %s ON dunning.%I REFERENCING %s TABLE AS touched_row FOR EACH STATEMENT EXECUTE FUNCTION _dunning.%I()',
				lower(event), event, t.relation, CASE event WHEN 'DELETE' THEN 'OLD' ELSE 'NEW' END, t.name);
		END LOOP;
	END LOOP;
END
$do$;

-- Whether each change of what the ledger reads fires a trigger of ours: its items and
-- its payments are tables that are watched.
CREATE FUNCTION _dunning.has_agenda(ledger name) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT NOT EXISTS (
		SELECT FROM (VALUES (l.relation), (l.payments), (l.whole_payments)) AS v (relation)
		WHERE v.relation IS NOT NULL AND NOT EXISTS (
			SELECT FROM pg_class AS c
			JOIN _dunning.columns_to_watch(l.ledger) AS k ON k.relation = c.oid
			JOIN _dunning.watched AS w ON (w.ledger, w.relation, w.column_name, w.attnum, w.type, w.what) = (l.ledger, k.relation,
				k.column_name, k.attnum, k.type, k.what)
			JOIN pg_trigger AS g ON g.tgrelid = c.oid AND g.tgfoid = '_dunning.watch()'::regprocedure
				AND g.tgargs = convert_to(l.ledger::text, getdatabaseencoding()) || '\x00'::bytea AND g.tgconstraint = 0
					AND g.tgenabled IN ('O', 'A')
			WHERE c.oid = v.relation AND c.relkind IN ('r', 'p')
				-- rows of a table that inherits fire no trigger of this one
				AND (c.relkind = 'p' OR NOT EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhparent = c.oid))))
		-- who pays for a customer, and his class, are read from a table that is not watched
		AND NOT (_dunning.payer_alias(l) IS NOT DISTINCT FROM 'c' AND _dunning.by_customers(l.ledger))
		AND NOT EXISTS (SELECT FROM dunning.assignment AS a WHERE a.ledger = l.ledger AND a.class IS NOT NULL AND a.kind IN ('procedure', 'calendar'))
	FROM dunning.ledger AS l WHERE l.ledger = has_agenda.ledger AND l.state = 'adopted'
$$;
COMMENT ON FUNCTION _dunning.has_agenda(name) IS 'Whether triggers of ours see each change of the items and payments of a ledger, so that it can have an agenda';

-- The same in every session, whatever its settings.
CREATE FUNCTION _dunning.agenda_settings(ledger name) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
	SELECT md5(concat_ws(' ',
		(SELECT x.extversion FROM pg_extension AS x WHERE x.extname = 'pg_dunning'),
		(SELECT l::text FROM dunning.ledger AS l WHERE l.ledger = agenda_settings.ledger),
		(SELECT string_agg(p::text, ' ' ORDER BY p.name) FROM dunning.procedure AS p),
		(SELECT string_agg(h::text, ' ' ORDER BY h.name) FROM dunning.holiday_calendar AS h),
		(SELECT string_agg(c::text, ' ' ORDER BY c.code) FROM dunning.currency AS c),
		(SELECT s::text FROM dunning.ledger_setting AS s WHERE s.ledger = agenda_settings.ledger),
		(SELECT string_agg(t::text, ' ' ORDER BY t.ledger, t.currency) FROM dunning.tolerance AS t
			WHERE t.ledger IN ('', agenda_settings.ledger)),
		(SELECT string_agg(concat_ws(' ', a.assignment, a.from_day <= _dunning.real_day(), a.ended_on <= _dunning.real_day()), ' '
			ORDER BY a.assignment) FROM dunning.assignment AS a
			WHERE a.ledger = agenda_settings.ledger AND a.item IS NULL AND a.customer IS NULL AND a.class IS NULL AND a.kind IN ('procedure', 'calendar')),
		-- a partition that comes or goes fires no trigger
		(SELECT string_agg(p.relid::oid::text, ' ' ORDER BY p.relid::oid) FROM dunning.ledger AS l
			CROSS JOIN LATERAL unnest(ARRAY[l.relation, l.payments, l.whole_payments]) AS u (relation)
			CROSS JOIN LATERAL pg_partition_tree(u.relation) AS p WHERE l.ledger = agenda_settings.ledger),
		-- statements that are loaded release what waits for them
		(SELECT max(s.load) FROM dunning.statement_load AS s WHERE s.ledger = agenda_settings.ledger)))
$$;
COMMENT ON FUNCTION _dunning.agenda_settings(name) IS 'Hash of what the decisions of a ledger follow from beside its items and their facts';

-- What was touched is to be looked at now.  It leaves its table with the same
-- transaction that puts it here, so that nothing is lost when a run ends early.
CREATE FUNCTION _dunning.agenda_take(ledger name, day date) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	whole boolean;
	items dunning.item_key[];
BEGIN
	WITH taken AS (
		DELETE FROM _dunning.touched AS t WHERE t.ledger = agenda_take.ledger RETURNING t.item, t.customer
	), item AS (
		INSERT INTO _dunning.agenda AS a (ledger, item, look_on)
		SELECT DISTINCT agenda_take.ledger, t.item, agenda_take.day FROM taken AS t WHERE pg_column_size(t.item) <= 2004
		ON CONFLICT ON CONSTRAINT agenda_pkey DO UPDATE SET look_on = least(a.look_on, excluded.look_on)
	), customer AS (
		UPDATE _dunning.agenda AS a SET look_on = agenda_take.day
		FROM (SELECT DISTINCT t.customer FROM taken AS t WHERE t.customer IS NOT NULL) AS c
		WHERE a.ledger = agenda_take.ledger AND a.customer = c.customer AND (a.look_on <= agenda_take.day) IS NOT TRUE
			AND NOT EXISTS (SELECT FROM taken AS t WHERE t.item = a.item)
	)
	SELECT bool_or(t.item IS NULL AND t.customer IS NULL), array_agg(DISTINCT t.item) FILTER (WHERE t.item IS NOT NULL) INTO whole, items
		FROM taken AS t;
	-- an item that is gone, or another's now, leaves the others of who paid for it
	IF items IS NOT NULL AND _dunning.by_customers(ledger) THEN
		UPDATE _dunning.agenda AS a SET look_on = agenda_take.day
		FROM (
			SELECT (array_agg(o.item))[1] AS item
			FROM (SELECT DISTINCT b.payer FROM unnest(items) AS u JOIN _dunning.agenda AS b ON b.ledger = agenda_take.ledger
				AND b.item = u) AS p
			JOIN _dunning.agenda AS o ON o.ledger = agenda_take.ledger AND o.payer = p.payer
			WHERE NOT EXISTS (SELECT FROM unnest(items) AS u WHERE u = o.item)
			GROUP BY p.payer
		) AS other
		WHERE a.ledger = agenda_take.ledger AND a.item = other.item AND (a.look_on <= agenda_take.day) IS NOT TRUE;
	END IF;
	IF whole THEN
		DELETE FROM _dunning.agenda_state AS s WHERE s.ledger = agenda_take.ledger;
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.agenda_take(name, date) IS 'Puts what was touched since the last run on the agenda of a ledger; what was done to the whole ledger ends its agenda';

-- Whether the agenda of a ledger knows all that a run of a day can find due.
CREATE FUNCTION _dunning.agenda_knows(ledger name, day date) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT day = _dunning.real_day() AND EXISTS (SELECT FROM _dunning.agenda_state AS s
			WHERE s.ledger = agenda_knows.ledger AND s.read_on <= day AND s.settings = _dunning.agenda_settings(agenda_knows.ledger))
		AND _dunning.has_agenda(ledger)
$$;
COMMENT ON FUNCTION _dunning.agenda_knows(name, date) IS 'Whether the agenda of a ledger can be believed on a day, the real one';

CREATE FUNCTION _dunning.agenda_is_old(ledger name, day date) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM _dunning.agenda_state AS s WHERE s.ledger = agenda_is_old.ledger
		AND s.read_on <= day - _dunning.agenda_days())
$$;
COMMENT ON FUNCTION _dunning.agenda_is_old(name, date) IS 'Whether the agenda of a ledger is to be compared with all of the ledger by the run of a day';

-- A customer who is decided on as a whole is looked at with all his items.
CREATE FUNCTION _dunning.agenda_items(ledger name, day date) RETURNS dunning.item_key[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	items dunning.item_key[] := ARRAY(SELECT a.item FROM _dunning.agenda AS a WHERE a.ledger = agenda_items.ledger
		AND a.look_on <= agenda_items.day ORDER BY a.item);
BEGIN
	IF cardinality(items) > 0 AND _dunning.by_customers(ledger) THEN
		EXECUTE format('SELECT array_agg(k ORDER BY k) FROM (SELECT u FROM unnest($1) AS u UNION SELECT i.item FROM %s AS i WHERE i.item IS NOT NULL AND (i.open_amount <> 0 OR i.open_amount IS NULL)) AS s (k)',
			_dunning.payers_source(ledger, day, items)) INTO items USING items;
	END IF;
	RETURN items;
EXCEPTION
	WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
		RAISE;
	WHEN OTHERS OR assert_failure THEN
		-- what reads it all sets the broken rows aside
		RETURN NULL;
END
$$;
COMMENT ON FUNCTION _dunning.agenda_items(name, date) IS
	'The items of a ledger that a run of a day has to look at, by its agenda, and those of the same payers where customers are decided on as a whole; NULL if they cannot be read: then all is to be looked at';

-- Puts items, or all, of a ledger on the agenda as they are.  A payment, an issue day, a
-- bill, an assignment or a hold of an amount that begins or ends on a day to come
-- changes the decision on that day, and is no part of today's.
CREATE FUNCTION _dunning.agenda_step(run bigint, as_of date, ledger name, items dunning.item_key[]) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	ever CONSTANT date := '9999-12-31';
	whole CONSTANT boolean := _dunning.by_customers(ledger);
	day CONSTANT text := format('%L::date', as_of);
	source text;
	n integer;
BEGIN
	DELETE FROM _dunning.agenda AS a WHERE a.ledger = agenda_step.ledger AND (items IS NULL OR a.item = ANY (items));
	source := format('(SELECT i.* FROM %s AS i WHERE (i.open_amount <> 0 OR i.open_amount IS NULL))', CASE WHEN whole THEN _dunning.payers_source(ledger, as_of, items)
		ELSE _dunning.keys_source(ledger, as_of, items) END);
	EXECUTE format($q$
		WITH ever AS MATERIALIZED (SELECT i.item, i.part, i.customer, i.payer, i.issued_on, i.matures_on, i.history, %s AS named
			FROM %s AS i),
		decided AS MATERIALIZED (%s),
		named AS (
			UPDATE _dunning.agenda_state AS s SET rules = s.rules || n.rules
			FROM (SELECT array_agg(DISTINCT e.named) AS rules FROM ever AS e JOIN decided AS w ON w.item = e.item AND w.part = e.part
				WHERE e.named IS NOT NULL) AS n
			WHERE s.ledger = $1 AND NOT n.rules <@ s.rules)
		INSERT INTO _dunning.agenda (ledger, item, customer, payer, look_on)
		SELECT $1, e.item, (array_agg(e.customer))[1], CASE WHEN $5 THEN (array_agg(e.payer))[1] END, min(least(
			CASE WHEN w.problem IS NOT NULL OR w.state = 'due' THEN $2 ELSE w.changes_on END,
			CASE WHEN e.issued_on > $2 THEN e.issued_on END,
			CASE WHEN e.matures_on >= $2 THEN e.matures_on + 1 END,
			(SELECT min(m.on_day) FROM dunning.movements(e.history) AS m WHERE m.on_day > $2),
			CASE WHEN $3 THEN (SELECT min(h.until_day) + 1 FROM dunning.hold AS h
				WHERE h.ledger = $1 AND h.amount IS NOT NULL AND h.until_day >= $2 AND (h.item = e.item OR h.customer = e.customer)) END,
			CASE WHEN $4 THEN (SELECT min(v.on_day) FROM dunning.assignment AS a
				CROSS JOIN LATERAL (VALUES (a.from_day), (a.ended_on)) AS v (on_day)
				WHERE a.ledger = $1 AND v.on_day > $2 AND (a.item = e.item OR a.customer = e.customer)) END))
		FROM ever AS e LEFT JOIN decided AS w ON w.item = e.item AND w.part = e.part
		WHERE pg_column_size(e.item) <= 2004 AND (pg_column_size(e.customer) > 2004) IS NOT TRUE
		GROUP BY e.item
		HAVING bool_or(w.item IS NOT NULL OR e.issued_on > $2
			OR EXISTS (SELECT FROM dunning.movements(e.history) AS m WHERE m.on_day > $2)) $q$,
		_dunning.named_rule('i'), _dunning.keys_source(ledger, ever, items),
		-- on the day on which the decision on a customer changes, and on that of the item alone: one of the two is early at most
		CASE WHEN whole THEN format($q$SELECT l.item, l.part, l.problem, CASE WHEN l.decision IS NULL THEN l.own_state
			ELSE (l.decision).state END AS state, least((l.decision).changes_on, l.own_changes_on) AS changes_on FROM (%s) AS l$q$,
				_dunning.customers_query(_dunning.customers_worklist(source, day), day, ', v.problem, v.state AS own_state, v.changes_on AS own_changes_on', ahead => true))
			ELSE format('SELECT l.item, l.part, l.problem, l.state, l.changes_on FROM (%s) AS l', _dunning.worklist_query(source, 'false', day)) END)
	USING ledger, as_of, EXISTS (SELECT FROM dunning.hold AS h WHERE h.ledger = agenda_step.ledger AND h.amount IS NOT NULL
		AND h.until_day >= as_of), EXISTS (SELECT FROM dunning.assignment AS a WHERE a.ledger = agenda_step.ledger
			AND (a.from_day > as_of OR a.ended_on > as_of)),
		whole;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END
$$;
COMMENT ON FUNCTION _dunning.agenda_step(bigint, date, name, dunning.item_key[]) IS
	'Writes the agenda of a ledger, or of items of it, as it is after a run of a day; returns the number of items that are open or will be';
