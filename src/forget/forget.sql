-- Forgetting a customer, and what is not kept for ever.

SELECT _dunning.keep_facts('dunning.archive', 'archive', '{}', NULL, NULL, 'The archive does not change: row %s.', 'SELECT dunning.prune_archive() deletes what need not be kept any more. The row is %s.',
	'OLD.keep_until >= _dunning.real_day()');

CREATE TYPE dunning.forgotten_rows AS ( --: What dunning.forget_customer did with a table
	relation name, --: The table
	archived bigint, --: Rows that went to the archive
	deleted bigint, --: Rows that are gone from the table
	emptied bigint --: Rows that stay without names, addresses and notes
);

-- What is noted of a customer in a transaction that is open would stay.  So whoever forgets him
-- waits for all who are writing: as an adoption does, for a tenth of a second, less than what
-- a deadlock is looked for after; then he lets go, and tries again later.
CREATE FUNCTION _dunning.lock_writers() RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
BEGIN
	LOCK TABLE dunning.assignment, dunning.contact, dunning.hold, dunning.insolvency, dunning.notice, dunning.payee, dunning.plan,
		dunning.promise, dunning.recipient IN SHARE ROW EXCLUSIVE MODE;
END
$$;
COMMENT ON FUNCTION _dunning.lock_writers() IS 'Keeps others from noting something of customers until the end of the transaction; error 55P03 if somebody is writing';

CREATE FUNCTION _dunning.wait_for_writers(customer dunning.item_key) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	patience CONSTANT interval := coalesce(nullif(current_setting('lock_timeout')::interval, '0'), '1 minute');
	begun CONSTANT timestamptz := clock_timestamp();
	pause double precision := 0.05;
BEGIN
	LOOP
		BEGIN
			PERFORM _dunning.lock_writers();
			RETURN;
		EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
			IF clock_timestamp() > begun + patience THEN
				RAISE EXCEPTION 'customer "%" cannot be forgotten while others write', customer
					USING ERRCODE = 'lock_not_available', DETAIL = format('Others were writing facts of customers for %s.', patience),
						HINT = 'End the transactions that are open for long, which pg_stat_activity lists, and try again; lock_timeout says how long to wait.';
			END IF;
		END;
		PERFORM pg_sleep(pause);
		pause := least(2 * pause, 1);
	END LOOP;
END
$$;
COMMENT ON FUNCTION _dunning.wait_for_writers(dunning.item_key) IS
	'Waits until nobody is noting something of a customer, and keeps others from it; error 55P03 after the lock_timeout, or a minute';

-- Rows that a computation needs stay, without what says who it was; all others go.
-- A table that is not named here loses its rows.
CREATE FUNCTION dunning.forget_customer(ledger name, customer dunning.item_key, reason text) RETURNS SETOF dunning.forgotten_rows
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	today CONSTANT date := _dunning.real_day();
	keep_until CONSTANT date := (today + _dunning.kept_for('books'))::date;
	keys dunning.item_key[];
	still record;
	h dunning.hold;
	k dunning.item_key;
	copy bigint;
	t record;
	r dunning.forgotten_rows;
	rows_of text;
BEGIN
	PERFORM _dunning.need_hold_ledger(forget_customer.ledger);
	PERFORM _dunning.need_key('customer', forget_customer.customer);
	PERFORM _dunning.need_all_facts();
	PERFORM _dunning.need_reason(forget_customer.reason, 'forget a customer', 'The archive has to say why.');
	PERFORM _dunning.wait_for_writers(forget_customer.customer);
	SELECT coalesce(array_agg(DISTINCT i.item), '{}') INTO keys
		FROM _dunning.customer_items(forget_customer.ledger, forget_customer.customer, 'infinity') AS i;
	IF keys = '{}' AND NOT EXISTS (SELECT FROM dunning.reminder AS m WHERE forget_customer.customer IN (m.customer, m.payer)
			AND m.ledger = forget_customer.ledger)
		AND NOT EXISTS (SELECT FROM dunning.customer_merge AS m WHERE m.from_customer = forget_customer.customer
			AND m.ledger = forget_customer.ledger) THEN
		PERFORM _dunning.need_customer(forget_customer.ledger, forget_customer.customer, true);
	END IF;
	SELECT i.item, i.open_amount INTO still FROM _dunning.customer_items(forget_customer.ledger, forget_customer.customer, 'infinity') AS i
		WHERE (i.open_amount = 0) IS NOT TRUE LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'customer "%" cannot be forgotten while his account is open', forget_customer.customer
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('Of item "%s", %s is open.', still.item, coalesce(still.open_amount::text, 'an unknown amount'));
	END IF;
	-- messages to him ask for what others owe
	EXECUTE format('SELECT i.item, i.customer, i.open_amount FROM %s AS i WHERE (i.open_amount = 0) IS NOT TRUE LIMIT 1',
		_dunning.keys_source(forget_customer.ledger, 'infinity', ARRAY[forget_customer.customer], 'payer')) INTO still;
	IF still.item IS NOT NULL THEN
		RAISE EXCEPTION 'customer "%" cannot be forgotten while he pays for customer "%"', forget_customer.customer, still.customer
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = format('Of item "%s", %s is open.', still.item, coalesce(still.open_amount::text, 'an unknown amount'));
	END IF;
	SELECT n.notice, n.ready_at INTO still FROM dunning.notice AS n
		WHERE n.ledger = forget_customer.ledger AND n.customer = forget_customer.customer AND n.state = 'taken' AND n.ready_at > now() LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'customer "%" cannot be forgotten while a message to him is on its way', forget_customer.customer
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = format('A sender has notice %s in hand, until %s.', still.notice, to_char(still.ready_at, 'YYYY-MM-DD HH24:MI:SS')),
				HINT = format('Wait for what the sender reports: SELECT dunning.notice_sent(%1$s), SELECT dunning.notice_failed(%1$s, ...).', still.notice);
	END IF;
	-- what stayed with a key that he had before
	FOR k IN SELECT DISTINCT m.from_customer FROM dunning.customer_merge AS m WHERE m.ledger = forget_customer.ledger
		AND m.customer = forget_customer.customer AND m.from_customer <> forget_customer.customer ORDER BY 1 LOOP
		RETURN QUERY SELECT f.* FROM dunning.forget_customer(forget_customer.ledger, k, forget_customer.reason) AS f;
	END LOOP;
	-- a hold of the customer becomes one of each of his items, since interest follows from it
	FOR h IN SELECT f.* FROM dunning.hold AS f WHERE f.customer = forget_customer.customer AND f.ledger = forget_customer.ledger
		ORDER BY f.hold LOOP
		FOREACH k IN ARRAY keys LOOP
			INSERT INTO dunning.hold (ledger, item, company, reason, from_day, until_day, stops, then_do, interest_runs, interest_claimed,
				counts_as_overdue, source)
			SELECT h.ledger, k, min(i.company), h.reason, h.from_day, h.until_day, h.stops, h.then_do, h.interest_runs, h.interest_claimed,
				h.counts_as_overdue, 'forgotten'
			FROM _dunning.items_to_hold(h.ledger, ARRAY[k]) AS i RETURNING hold INTO copy;
			UPDATE dunning.hold AS f SET released_on = h.released_on, release_reason = 'of the customer' WHERE f.hold = copy AND h.released_on IS NOT NULL;
		END LOOP;
	END LOOP;
	FOR t IN
		SELECT c.relname, coalesce(v.emptied, '{}') AS emptied, p.attname AS number,
			CASE WHEN bool_or(a.attname = 'payer') THEN 't.payer = $2 OR ' ELSE '' END AS paid,
			concat_ws(' OR ', CASE WHEN bool_or(a.attname = 'customer') THEN 't.customer = $2' END,
				CASE WHEN bool_or(a.attname = 'item') THEN 't.item = ANY ($3)' END, CASE WHEN bool_or(a.attname = 'items' AND a.atttypid = 'dunning.item_key[]'::regtype)
					THEN 't.items && $3' END) AS own
		FROM pg_class AS c
		JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
		LEFT JOIN (VALUES ('reminder', '{customer,customer_name,payer,payer_name,email,phone,reason}'::name[]), ('claim', '{customer,state_reason}'), ('hold', '{note,person_in_charge,release_reason}'),
			('handover', '{customer,note,end_reason}'), ('handover_return', '{note}'), ('einvoice_log', '{note,message}')) AS v (name, emptied) ON v.name = c.relname
		LEFT JOIN pg_index AS x ON x.indrelid = c.oid AND x.indisprimary AND x.indnatts = 1
		LEFT JOIN pg_attribute AS p ON p.attrelid = c.oid AND p.attnum = x.indkey[0]
		WHERE c.relnamespace = 'dunning'::regnamespace AND c.relkind = 'r' AND c.relname <> 'archive'
			AND EXISTS (SELECT FROM pg_attribute AS l WHERE l.attrelid = c.oid AND l.attname = 'ledger')
		GROUP BY c.relname, v.emptied, p.attname
		HAVING bool_or(a.attname IN ('customer', 'item', 'items'))
		ORDER BY c.relname
	LOOP
		r := ROW(t.relname, 0, 0, 0);
		rows_of := format('dunning.%I AS t WHERE t.ledger = $1 AND (%s)', t.relname, t.paid || t.own);
		-- what was said of a customer goes, and only that it was said is kept
		EXECUTE format('INSERT INTO dunning.archive (relation, number, ledger, fact, reason, keep_until) SELECT %L, to_jsonb(t) ->> %L, t.ledger, %s, $4, $5 FROM %s',
				t.relname, t.number, CASE WHEN t.relname = 'contact' THEN 'NULL' ELSE 'to_jsonb(t) - ''{note,message}''::text[]' END, rows_of)
			USING forget_customer.ledger, forget_customer.customer, keys, btrim(forget_customer.reason), keep_until;
		GET DIAGNOSTICS r.archived = ROW_COUNT;
		CONTINUE WHEN r.archived = 0;
		IF t.relname = 'hold' THEN
			DELETE FROM dunning.hold AS f WHERE f.ledger = forget_customer.ledger AND f.customer = forget_customer.customer;
			GET DIAGNOSTICS r.deleted = ROW_COUNT;
		END IF;
		IF cardinality(t.emptied) > 0 THEN
			-- of who he paid for only the payer goes
			EXECUTE format('UPDATE dunning.%I AS t SET %s WHERE t.ledger = $1 AND (%s)', t.relname,
					(SELECT string_agg(format(CASE WHEN u = ANY ('{payer,payer_name,email,phone}'::name[]) THEN '%1$I = NULL'
						ELSE '%1$I = CASE WHEN (%2$s) IS NOT TRUE THEN t.%1$I END' END, u, t.own), ', ') FROM unnest(t.emptied) AS u), t.paid || t.own)
				USING forget_customer.ledger, forget_customer.customer, keys;
			GET DIAGNOSTICS r.emptied = ROW_COUNT;
		ELSE
			EXECUTE format('DELETE FROM %s', rows_of) USING forget_customer.ledger, forget_customer.customer, keys;
			GET DIAGNOSTICS r.deleted = ROW_COUNT;
			IF t.relname = 'notice' THEN
				DELETE FROM dunning.notice_reminder AS l WHERE l.ledger = forget_customer.ledger
					AND NOT EXISTS (SELECT FROM dunning.notice AS o WHERE o.notice = l.notice);
			END IF;
		END IF;
		RETURN NEXT r;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dunning.forget_customer(name, dunning.item_key, text) IS
	'Forgets a customer whose account is settled, with the keys that were merged into his: what the books need goes to dunning.archive, the rest is deleted, or stays without names if a computation needs it. Error 55000 while something is open of what he owes or pays for, or a message to him is on its way';

CREATE FUNCTION dunning.prune_archive() RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	gone bigint;
BEGIN
	DELETE FROM dunning.archive AS a WHERE a.keep_until < _dunning.real_day();
	GET DIAGNOSTICS gone = ROW_COUNT;
	RETURN gone;
END
$$;
COMMENT ON FUNCTION dunning.prune_archive() IS 'Deletes from the archive what need not be kept any more, and returns how many rows it deleted';

CREATE FUNCTION dunning.prune() RETURNS TABLE (kind text, deleted bigint)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	notices bigint[];
	n bigint;
BEGIN
	RETURN QUERY SELECT 'books', dunning.prune_archive();
	WITH gone AS (DELETE FROM dunning.notice AS o WHERE NOT _dunning.notice_kept(o) RETURNING o.notice)
	SELECT coalesce(array_agg(g.notice), '{}') INTO notices FROM gone AS g;
	-- what belongs to a notice goes after it
	DELETE FROM dunning.notice_reminder AS l WHERE l.notice = ANY (notices);
	RETURN QUERY SELECT 'notices', cardinality(notices)::bigint;
	DELETE FROM dunning.contact AS c WHERE NOT _dunning.contact_kept(c);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN QUERY SELECT 'contacts', n;
	RETURN QUERY SELECT 'runs', dunning.prune_runs();
END
$$;
COMMENT ON FUNCTION dunning.prune() IS
	'Deletes what dunning.retention does not keep any more: rows of the archive, messages that were sent or withdrawn, contacts, problems of runs and runs that wrote nothing. Returns the number of each kind';
