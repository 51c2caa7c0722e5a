-- Promises to pay: what a customer says that he will pay, until when, and what became of it.

CREATE FUNCTION dunning.payments(history dunning.balance_history, as_of date DEFAULT dunning.today(), OUT paid_on date, OUT amount numeric,
		OUT returned_on date)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 3 AS 'MODULE_PATHNAME', 'dunning_payments';
COMMENT ON FUNCTION dunning.payments(dunning.balance_history, date) IS
	'The payments of an item by a day, credits too, as positive amounts; returned_on is the day on which one came back, NULL if it did not by then';

CREATE FUNCTION _dunning.promise_states(amounts numeric[], needed numeric[], promised_on date[], promised_for date[], last_on date[],
		withdrawn_on date[], histories dunning.balance_history[], pair_promise integer[], pair_item integer[], as_of date,
		OUT nth integer, OUT state text, OUT paid numeric, OUT decided_on date) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 3 AS 'MODULE_PATHNAME', 'dunning_promise_states';
COMMENT ON FUNCTION _dunning.promise_states(numeric[], numeric[], date[], date[], date[], date[], dunning.balance_history[], integer[],
	integer[], date) IS
	'What became by a day of promises that are filled together from the payments of some items; the pairs say which items a promise is about, and 0 none; one without a pair is about all. withdrawn_on: infinity for one that stands';

CREATE FUNCTION _dunning.promise_needed(amount numeric, tolerance_percent numeric, tolerance_amount numeric, tolerance_is text)
		RETURNS numeric
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	percent CONSTANT numeric := coalesce(tolerance_percent, 0);
	tolerated CONSTANT numeric := coalesce(tolerance_amount, 0);
	tolerance numeric;
BEGIN
	IF (amount > 0 AND amount < 'Infinity') IS NOT TRUE THEN
		RAISE EXCEPTION 'an amount of % cannot be promised', coalesce(amount::text, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give an amount above 0.';
	END IF;
	IF (percent >= 0 AND percent < 100) IS NOT TRUE OR (tolerated >= 0 AND tolerated < 'Infinity') IS NOT TRUE THEN
		RAISE EXCEPTION 'a tolerance of % percent and % is not possible', percent, tolerated
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a percentage from 0 to less than 100, and an amount of 0 or more.';
	END IF;
	IF (tolerance_is IN ('higher', 'lower')) IS FALSE THEN
		RAISE EXCEPTION 'there is no tolerance "%"', tolerance_is
			USING ERRCODE = 'invalid_parameter_value', HINT = 'It is the higher or the lower one of the percentage and the amount.';
	END IF;
	tolerance := CASE WHEN tolerance_is = 'lower' THEN least(amount * percent / 100, tolerated)
		ELSE greatest(amount * percent / 100, tolerated) END;
	IF tolerance >= amount THEN
		RAISE EXCEPTION 'a tolerance of % leaves nothing of a promise of %', tolerance, amount
			USING ERRCODE = 'invalid_parameter_value', HINT = 'A tolerance is less than the amount.';
	END IF;
	RETURN trim_scale(amount - tolerance);
END
$$;
COMMENT ON FUNCTION _dunning.promise_needed(numeric, numeric, numeric, text) IS
	'What has to be paid of a promise for it to be kept: its amount less the tolerance; error 22023 for what makes no sense';

CREATE FUNCTION _dunning.promise_last(promised_on date, promised_for date, grace_days integer) RETURNS date
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF (promised_on BETWEEN '0001-01-01' AND '9998-12-31' AND promised_for BETWEEN '0001-01-01' AND '9998-12-31') IS NOT TRUE THEN
		RAISE EXCEPTION 'a promise cannot be made on % for %', _dunning.day_text(promised_on), _dunning.day_text(promised_for)
			USING ERRCODE = 'datetime_field_overflow', DETAIL = 'Its days are of the years 0001 to 9998.';
	END IF;
	IF promised_for < promised_on THEN
		RAISE EXCEPTION 'a promise of % cannot be for %', _dunning.day_text(promised_on), _dunning.day_text(promised_for)
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a day on which the customer will pay, as YYYY-MM-DD.';
	END IF;
	IF coalesce(grace_days, 0) NOT BETWEEN 0 AND 365 THEN
		RAISE EXCEPTION 'a promise cannot have % days of grace', grace_days
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give 0 to 365 days.';
	END IF;
	RETURN promised_for + coalesce(grace_days, 0);
END
$$;
COMMENT ON FUNCTION _dunning.promise_last(date, date, integer) IS 'The last day on which a payment counts for a promise; error 22023 or 22008 for days that make no sense';

CREATE FUNCTION dunning.promise_state(amount numeric, promised_on date, promised_for date, history dunning.balance_history,
		as_of date DEFAULT dunning.today(), grace_days integer DEFAULT 0, tolerance_percent numeric DEFAULT 0,
		tolerance_amount numeric DEFAULT 0, tolerance_is text DEFAULT 'higher', withdrawn_on date DEFAULT NULL,
		OUT state text, OUT paid numeric, OUT missing numeric, OUT decided_on date, OUT changes_on date) RETURNS record
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT s.state, s.paid, promise_state.amount - s.paid, s.decided_on, CASE s.state WHEN 'open' THEN p.last_on + 1 END
	FROM (SELECT _dunning.promise_needed(promise_state.amount, tolerance_percent, tolerance_amount, tolerance_is) AS needed,
			_dunning.promise_last(promise_state.promised_on, promise_state.promised_for, grace_days) AS last_on) AS p
	CROSS JOIN LATERAL _dunning.promise_states(ARRAY[promise_state.amount], ARRAY[p.needed], ARRAY[promise_state.promised_on],
		ARRAY[promise_state.promised_for], ARRAY[p.last_on], ARRAY[coalesce(withdrawn_on, 'infinity')], ARRAY[history], '{}', '{}', as_of) AS s
	WHERE promise_state.amount IS NOT NULL AND promise_state.promised_on IS NOT NULL AND promise_state.promised_for IS NOT NULL
		AND history IS NOT NULL AND as_of IS NOT NULL
$$;
COMMENT ON FUNCTION dunning.promise_state(numeric, date, date, dunning.balance_history, date, integer, numeric, numeric, text, date) IS
	'What became by a day of a promise to pay an amount of an item: open, kept, partly_kept, broken or withdrawn. Payments after promised_on and through the days of grace count; those of promised_on, too, if it is promised for that day. tolerance_is says whether the higher or the lower tolerance applies';

CREATE TABLE dunning.promise ( --: Promises to pay, one row a fact. Written by dunning.promise_to_pay; but for its withdrawal a promise does not change, and what became of it is computed: see dunning.promises
	promise bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, --: Number of the promise
	ledger name NOT NULL, --: Ledger of the items
	customer dunning.item_key NOT NULL, --: Key of the customer who promised
	items dunning.item_key[] CHECK (cardinality(items) > 0), --: Keys of the items that it is about; NULL: all items of the customer in this currency
	company text, --: Company of those items; NULL: not known, of several, or a promise about all
	currency text, --: Currency of the amount
	amount numeric NOT NULL CHECK (amount > 0 AND amount < 'Infinity'), --: Amount that was promised
	needed numeric NOT NULL CHECK (needed > 0 AND needed <= amount), --: What has to be paid for it to be kept: the amount less the tolerance
	promised_on date NOT NULL CHECK (promised_on BETWEEN '0001-01-01' AND '9998-12-31'), --: Day on which it was promised; payments after it count, and those of this day if it is promised for it
	promised_for date NOT NULL CHECK (promised_for BETWEEN promised_on AND '9998-12-31'), --: Day for which it was promised
	last_on date NOT NULL CHECK (last_on BETWEEN promised_for AND '9999-12-31'), --: Last day on which a payment counts, the days of grace included
	promised_by text, --: Who promised it
	note text, --: What somebody has to say of it
	noted_at timestamptz NOT NULL DEFAULT now(), --: When it was noted
	noted_by name NOT NULL DEFAULT session_user, --: Who noted it
	source text NOT NULL DEFAULT 'person' CHECK (source <> '' AND octet_length(source) <= 63), --: Where it comes from: person, einvoice or a name of your own
	external_id text CHECK (external_id <> '' AND octet_length(external_id) <= 1000), --: What the source knows it by: the same source and external_id are the same promise
	holds bigint[], --: Numbers of the holds that were noted with it
	withdrawn_on date CHECK (withdrawn_on BETWEEN '0001-01-01' AND '9999-12-31'), --: First day without the promise; NULL: it stands
	withdrawn_at timestamptz, --: When the withdrawal was noted
	withdrawn_by name, --: Who withdrew it
	withdraw_reason text, --: Why it was withdrawn
	UNIQUE (source, external_id),
	CHECK (items IS NOT NULL OR company IS NULL),
	CHECK ((withdrawn_on IS NULL) = (withdrawn_at IS NULL) AND (withdrawn_on IS NULL) = (withdrawn_by IS NULL))
);
CREATE INDEX promise_customer ON dunning.promise (customer, ledger);
CREATE INDEX promise_last ON dunning.promise (last_on);
SELECT pg_catalog.pg_extension_config_dump('dunning.promise', '');
SELECT pg_catalog.pg_extension_config_dump('dunning.promise_promise_seq', '');

SELECT _dunning.keep_facts('dunning.promise', 'promise', '{holds,withdrawn_on,withdrawn_at,withdrawn_by,withdraw_reason}',
	'{holds,withdrawn_on,withdrawn_at,withdrawn_by,withdraw_reason}', NULL,
	'Withdraw it and note another: SELECT dunning.withdraw_promise(%s, ...).',
	'What was noted by mistake is withdrawn on its first day: SELECT dunning.withdraw_promise(promise, reason, promised_on) FROM dunning.promise WHERE promise = %s.');

SELECT _dunning.end_facts('dunning.promise', 'promise', 'withdrawn', 'SELECT promise, customer, amount, state FROM dunning.promises() lists them.');
CREATE TRIGGER check_company AFTER INSERT ON dunning.promise REFERENCING NEW TABLE AS noted FOR EACH STATEMENT
	EXECUTE FUNCTION _dunning.check_company();

-- The items of promises: those that a promise names by their keys, and all of a
-- customer for one that names none.
CREATE TYPE _dunning.promised_item AS ( --: A part of an item that a promise or a plan is about
	item dunning.item_key, --: Key of the item
	part integer, --: Part of the item
	customer dunning.item_key, --: Key of the customer
	customer_name text, --: Name of the customer
	payer dunning.item_key, --: Key of who pays for him
	payer_name text, --: His name
	company text, --: Company of the item
	currency text, --: Currency of the item
	due_on date, --: Due date
	open_amount numeric, --: Open amount
	history dunning.balance_history --: Its movements
);

CREATE FUNCTION _dunning.promised_items(ledger name, as_of date, customers dunning.item_key[], items dunning.item_key[])
		RETURNS SETOF _dunning.promised_item
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	columns CONSTANT text := 'i.item, i.part, i.customer, i.customer_name, i.payer, i.payer_name, i.company, i.currency, i.due_on, i.open_amount, i.history';
BEGIN
	IF cardinality(customers) > 0 THEN
		RETURN QUERY EXECUTE format('SELECT DISTINCT ON (i.item, i.part) %s FROM %s AS i ORDER BY i.item, i.part', columns,
			_dunning.keys_source(ledger, as_of, customers, 'customer'));
	END IF;
	IF cardinality(items) > 0 THEN
		RETURN QUERY EXECUTE format('SELECT DISTINCT ON (i.item, i.part) %s FROM %s AS i WHERE (i.customer = ANY ($1)) IS NOT TRUE ORDER BY i.item, i.part', columns,
			_dunning.keys_source(ledger, as_of, items)) USING coalesce(customers, '{}');
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.promised_items(name, date, dunning.item_key[], dunning.item_key[]) IS
	'The items of some customers of a ledger, settled ones too, and some items by their keys, each part once, read as dunning.ledger_reader says';

CREATE FUNCTION _dunning.has_payers(ledger name) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT _dunning.payer_alias(l) IS NOT NULL FROM dunning.ledger AS l
		WHERE l.ledger = has_payers.ledger);
COMMENT ON FUNCTION _dunning.has_payers(name) IS 'Whether a ledger says who pays for a customer';

CREATE FUNCTION _dunning.only_payer(items _dunning.promised_item[]) RETURNS dunning.item_key
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN count(DISTINCT i.payer) = 1 AND bool_and(i.payer IS NOT NULL) THEN (array_agg(i.payer))[1] END FROM unnest(items) AS i
$$;
COMMENT ON FUNCTION _dunning.only_payer(_dunning.promised_item[]) IS 'Who pays for all of some items; NULL if that is not one';

CREATE FUNCTION _dunning.paid_items(ledger name, as_of date, payer dunning.item_key, currency text) RETURNS dunning.item_key[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	items dunning.item_key[];
BEGIN
	EXECUTE format('SELECT array_agg(DISTINCT i.item) FROM %s AS i WHERE i.open_amount > 0 AND ($1 IS NULL OR i.currency = $1)',
		_dunning.keys_source(ledger, as_of, ARRAY[payer], 'payer')) INTO items USING currency;
	RETURN items;
END
$$;
COMMENT ON FUNCTION _dunning.paid_items(name, date, dunning.item_key, text) IS 'The open items that a payer pays for on a day, in a currency or, for NULL, in all; NULL for none';

-- A ledger that cannot be read does not silence the others.
CREATE FUNCTION _dunning.known_items(ledger name, as_of date, customers dunning.item_key[], items dunning.item_key[],
		OUT parts _dunning.promised_item[], OUT problem text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	problem := dunning.ledger_hidden(ledger);
	IF problem IS NULL THEN
		parts := ARRAY(SELECT i FROM _dunning.promised_items(ledger, as_of, customers, items) AS i);
		IF EXISTS (SELECT FROM unnest(parts) AS i WHERE i.history IS NULL) THEN
			problem := CASE WHEN EXISTS (SELECT FROM unnest(parts) AS i WHERE NOT abs(i.open_amount) < 'Infinity')
				THEN 'the open amount of an item is not a number' ELSE 'the payments of the ledger have no days' END;
		END IF;
	END IF;
EXCEPTION
	WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
		RAISE;
	WHEN OTHERS OR assert_failure THEN
		problem := 'the ledger cannot be read: ' || SQLERRM;
END
$$;
COMMENT ON FUNCTION _dunning.known_items(name, date, dunning.item_key[], dunning.item_key[]) IS
	'What _dunning.promised_items finds, and what is not known of it: why the ledger cannot be read whole, that its payments have no days, or that an amount is not a number';

CREATE TYPE dunning.promise_on_day AS ( --: A promise to pay, and what became of it by a day
	promise bigint, --: Number of the promise
	ledger name, --: Ledger of the items
	customer dunning.item_key, --: Key of the customer who promised
	customer_name text, --: His name; NULL: not known
	items dunning.item_key[], --: Keys of the items that it is about; NULL: all items of the customer in this currency
	currency text, --: Currency of the amounts
	amount numeric, --: Amount that was promised
	needed numeric, --: What has to be paid for it to be kept
	promised_on date, --: Day on which it was promised
	promised_for date, --: Day for which it was promised
	last_on date, --: Last day on which a payment counts
	state text, --: open, kept, partly_kept, broken or withdrawn; NULL: it is not known
	paid numeric, --: What was paid of it
	missing numeric, --: What was not
	decided_on date, --: The payment that kept it, the day after its last one, or that of its withdrawal; NULL: it is open
	changes_on date, --: Day from which it is broken or kept in part if nothing more is paid; NULL: it is decided
	promised_by text, --: Who promised it
	note text, --: What somebody has to say of it
	noted_by name, --: Who noted it
	problem text --: Why its state is not known: the ledger cannot be read, its payments have no days, or an amount is not a number
);

-- Who pays for others promises for the same items as they do: their promises are filled together.
CREATE FUNCTION _dunning.promise_family(ledger name, as_of date, customer dunning.item_key) RETURNS dunning.item_key[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	family dunning.item_key[] := ARRAY[customer];
BEGIN
	IF _dunning.has_payers(ledger) THEN
		EXECUTE format('SELECT array_agg(DISTINCT i.payer) || $1 FROM %s AS i WHERE i.payer IS NOT NULL', _dunning.keys_source(ledger, as_of, family, 'customer'))
			INTO family USING family;
		EXECUTE format('SELECT array_agg(DISTINCT i.customer) || $1 FROM %s AS i WHERE i.customer IS NOT NULL', _dunning.keys_source(ledger, as_of, family, 'payer'))
			INTO family USING family;
	END IF;
	RETURN family;
EXCEPTION
	WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
		RAISE;
	-- why it cannot be read _dunning.known_items says
	WHEN OTHERS OR assert_failure THEN
		RETURN ARRAY[customer];
END
$$;
COMMENT ON FUNCTION _dunning.promise_family(name, date, dunning.item_key) IS
	'A customer, who pays for him, and all for whom that one pays: those whose promises can be about the same items';

CREATE FUNCTION dunning.promises(as_of date DEFAULT dunning.today(), ledger name DEFAULT NULL, customer dunning.item_key DEFAULT NULL)
	RETURNS SETOF dunning.promise_on_day
	LANGUAGE plpgsql ROWS 100 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	l record;
	known record;
	numbers bigint[];
BEGIN
	FOR l IN
		SELECT p.ledger, CASE WHEN promises.customer IS NOT NULL
			THEN _dunning.promise_family(p.ledger, promises.as_of, promises.customer) END AS family
		FROM dunning.promise AS p JOIN dunning.ledger AS f ON f.ledger = p.ledger AND f.state = 'adopted'
		WHERE p.promised_on <= promises.as_of AND (promises.ledger IS NULL OR p.ledger = promises.ledger)
			AND (promises.customer IS NULL OR p.customer = promises.customer)
		GROUP BY p.ledger ORDER BY p.ledger
	LOOP
		numbers := ARRAY(SELECT p.promise FROM dunning.promise AS p WHERE p.ledger = l.ledger AND p.promised_on <= promises.as_of
			AND (l.family IS NULL OR p.customer = ANY (l.family)));
		SELECT k.parts, k.problem INTO known
		FROM (SELECT coalesce(array_agg(DISTINCT p.customer) FILTER (WHERE p.items IS NULL), '{}') AS customers,
			coalesce(array_agg(DISTINCT i) FILTER (WHERE i IS NOT NULL), '{}') AS items
			FROM dunning.promise AS p LEFT JOIN LATERAL unnest(p.items) AS i ON true WHERE p.promise = ANY (numbers)) AS a
		CROSS JOIN LATERAL _dunning.known_items(l.ledger, promises.as_of, a.customers, a.items) AS k;
		IF known.parts IS NULL THEN
			RETURN QUERY
			SELECT p.promise, p.ledger, p.customer, NULL::text, p.items, p.currency, p.amount, p.needed, p.promised_on, p.promised_for,
				p.last_on, CASE WHEN p.withdrawn_on <= promises.as_of THEN 'withdrawn' END, NULL::numeric, NULL::numeric,
				CASE WHEN p.withdrawn_on <= promises.as_of THEN p.withdrawn_on END, NULL::date, p.promised_by, p.note, p.noted_by,
				known.problem
			FROM dunning.promise AS p
			WHERE p.ledger = l.ledger AND p.promised_on <= promises.as_of AND (promises.customer IS NULL OR p.customer = promises.customer)
			ORDER BY p.promise;
			CONTINUE;
		END IF;
		RETURN QUERY
		WITH i AS MATERIALIZED (
			SELECT s.* FROM unnest(known.parts) AS s
		), g AS (
			SELECT p.currency, array_agg(p ORDER BY p.promise) AS promises, array_agg(DISTINCT p.customer) AS customers,
				bool_or(p.items IS NOT NULL) OR count(DISTINCT p.customer) > 1 AS named
			FROM dunning.promise AS p
			LEFT JOIN (SELECT i.customer, (array_agg(i.payer ORDER BY i.payer))[1] AS payer FROM i GROUP BY i.customer) AS f
				ON f.customer = p.customer
			WHERE p.promise = ANY (numbers)
			GROUP BY coalesce(f.payer, p.customer), p.currency
		)
		SELECT p.promise, p.ledger, p.customer, coalesce(o.name, r.name), p.items, p.currency, p.amount, p.needed, p.promised_on,
			p.promised_for, p.last_on, CASE WHEN h.known THEN s.state END, CASE WHEN h.known THEN s.paid END,
			CASE WHEN h.known THEN p.amount - s.paid END,
			CASE WHEN h.known THEN s.decided_on END, CASE WHEN h.known AND s.state = 'open' THEN p.last_on + 1 END,
			p.promised_by, p.note, p.noted_by, CASE WHEN NOT h.known THEN known.problem END
		FROM g
		CROSS JOIN LATERAL (
			SELECT coalesce(array_agg(i.history ORDER BY i.item, i.part) FILTER (WHERE i.history IS NOT NULL), '{}') AS histories,
				coalesce(array_agg(i.item ORDER BY i.item, i.part) FILTER (WHERE i.history IS NOT NULL), '{}') AS keys,
				coalesce(array_agg(i.customer ORDER BY i.item, i.part) FILTER (WHERE i.history IS NOT NULL), '{}') AS owners,
				bool_and(i.history IS NOT NULL) IS NOT FALSE AS known
			FROM i
			WHERE i.currency IS NOT DISTINCT FROM g.currency
				AND (i.customer = ANY (g.customers) OR i.item IN (SELECT k FROM unnest(g.promises) AS q CROSS JOIN unnest(q.items) AS k))
		) AS h
		CROSS JOIN LATERAL (
			SELECT array_agg(q.amount ORDER BY q.promise) AS amounts, array_agg(q.needed ORDER BY q.promise) AS needed,
				array_agg(q.promised_on ORDER BY q.promise) AS promised_on, array_agg(q.promised_for ORDER BY q.promise) AS promised_for,
				array_agg(q.last_on ORDER BY q.promise) AS last_on,
				array_agg(coalesce(q.withdrawn_on, 'infinity') ORDER BY q.promise) AS withdrawn_on
			FROM unnest(g.promises) AS q
		) AS a
		CROSS JOIN LATERAL (
			-- one of which no item is found is about none
			SELECT coalesce(array_agg(c.nth::integer), '{}') AS promise, coalesce(array_agg(c.item::integer), '{}') AS item
			FROM (
				SELECT q.nth, coalesce(k.nth, 0) AS item
				FROM (SELECT u.customer, u.items, row_number() OVER (ORDER BY u.promise) AS nth FROM unnest(g.promises) AS u) AS q
				LEFT JOIN unnest(h.keys, h.owners) WITH ORDINALITY AS k (item, customer, nth)
					ON CASE WHEN q.items IS NULL THEN k.customer = q.customer ELSE k.item = ANY (q.items) END
				WHERE g.named
			) AS c
		) AS c
		CROSS JOIN LATERAL _dunning.promise_states(a.amounts, a.needed, a.promised_on, a.promised_for, a.last_on, a.withdrawn_on,
			h.histories, c.promise, c.item, promises.as_of) AS s
		CROSS JOIN LATERAL (SELECT (g.promises[s.nth]).*) AS p
		LEFT JOIN (SELECT i.customer, min(i.customer_name) AS name FROM i GROUP BY i.customer) AS o ON o.customer = p.customer
		LEFT JOIN (SELECT i.payer, min(i.payer_name) AS name FROM i GROUP BY i.payer) AS r ON r.payer = p.customer
		WHERE promises.customer IS NULL OR p.customer = promises.customer
		ORDER BY p.promise;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dunning.promises(date, name, dunning.item_key) IS
	'The promises of a ledger and a customer, or of all, and what became of them by a day: open, kept, partly_kept, broken or withdrawn. Promises of a customer and of who pays for him are filled first to last. Where that is not known, state is NULL and problem says why';

-- What broke is a fact of the items that it was about, if they are open and past due: a
-- hold of one day that stops nothing.  Steps count from it, and who has none does not read
-- the ledgers for it.  A payment may be loaded some days after its day.
CREATE FUNCTION _dunning.may_break(as_of date, ledger name) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN _dunning.any_broken_step() AND EXISTS (SELECT FROM dunning.promise AS p
		WHERE p.last_on < as_of AND p.last_on >= as_of - 31 AND p.withdrawn_on IS NULL
			AND (may_break.ledger IS NULL OR p.ledger = may_break.ledger));
COMMENT ON FUNCTION _dunning.may_break(date, name) IS
	'Whether the last day of a promise has passed within 31 days before a day, and a procedure has a step for a broken one. NULL: of any ledger';

CREATE FUNCTION _dunning.broken_items(broken_on date, parts _dunning.promised_item[], noted dunning.item_key[]) RETURNS dunning.item_key[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT ARRAY(SELECT DISTINCT i.item FROM unnest(broken_items.parts) AS i
		WHERE dunning.open_amount(i.history, broken_items.broken_on) > 0 AND i.due_on < broken_items.broken_on
			AND i.item <> ALL (broken_items.noted) ORDER BY 1)
$$;
COMMENT ON FUNCTION _dunning.broken_items(date, _dunning.promised_item[], dunning.item_key[]) IS
	'Of what a promise or a plan is about the items that were open and past due on the day on which it broke, without some of which that is noted';

CREATE FUNCTION _dunning.broken_promises(as_of date, ledger name, customer dunning.item_key DEFAULT NULL)
		RETURNS TABLE (promise bigint, of_ledger name, broken_on date, items dunning.item_key[], holds bigint[])
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	s dunning.promise_on_day;
	noted dunning.hold[];
	keys dunning.item_key[];
BEGIN
	IF NOT _dunning.may_break(as_of, ledger) THEN
		RETURN;
	END IF;
	noted := ARRAY(SELECT h FROM dunning.hold AS h WHERE h.reason = 'broken_promise' AND h.source = 'promise' AND h.released_on IS NULL
		AND h.from_day >= as_of - 30);
	FOR s IN SELECT p.* FROM dunning.promises(as_of, ledger, customer) AS p WHERE p.last_on < as_of AND p.last_on >= as_of - 31
		AND p.state IN ('broken', 'partly_kept', 'kept')
	LOOP
		promise := s.promise; of_ledger := s.ledger; broken_on := s.last_on + 1; items := '{}';
		SELECT array_agg(h.hold), coalesce(array_agg(h.item), '{}') INTO holds, keys FROM unnest(noted) AS h
		WHERE h.external_id ^@ format('broken %s/', s.promise);
		IF s.state <> 'kept' THEN
			holds := NULL;
			items := _dunning.broken_items(broken_on, ARRAY(
				SELECT i FROM _dunning.promised_items(s.ledger, as_of, CASE WHEN s.items IS NULL THEN ARRAY[s.customer] END, s.items) AS i
				WHERE i.currency IS NOT DISTINCT FROM s.currency), keys);
		END IF;
		IF holds IS NOT NULL OR cardinality(items) > 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION _dunning.broken_promises(date, name, dunning.item_key) IS
	'The promises whose last day has passed within 31 days before a day: of those that broke the items of which that is to be noted, and of those that were kept after all what was noted. NULL: all ledgers, all customers';

-- What was taken back may be noted again.
CREATE FUNCTION _dunning.note_broken(source text, fact bigint, ledger name, broken_on date, items dunning.item_key[]) RETURNS integer
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT cardinality(dunning.hold_items(note_broken.ledger, note_broken.items, 'broken_' || note_broken.source, note_broken.broken_on,
		note_broken.broken_on, source => note_broken.source, external_ids => ARRAY(
			SELECT concat_ws(' ', 'broken', n.name, nullif((SELECT count(*) FROM dunning.hold AS h
				WHERE h.item = n.item AND h.ledger = note_broken.ledger AND h.source = note_broken.source
					AND h.external_id ^@ ('broken ' || n.name)), 0))
			FROM unnest(note_broken.items, _dunning.hold_names(note_broken.fact, note_broken.items)) WITH ORDINALITY AS n (item, name, nth)
			ORDER BY n.nth)))
$$;
COMMENT ON FUNCTION _dunning.note_broken(text, bigint, name, date, dunning.item_key[]) IS
	'Notes of some items that a promise or a plan of a number broke on a day; returns their number';

CREATE FUNCTION _dunning.note_broken_promises(as_of date, ledger name) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	b record;
	n integer := 0;
BEGIN
	FOR b IN SELECT p.* FROM _dunning.broken_promises(as_of, ledger) AS p ORDER BY p.promise LOOP
		IF b.holds IS NOT NULL THEN
			n := n + dunning.release_holds(b.holds, 'the promise was kept', b.broken_on);
		ELSE
			n := n + _dunning.note_broken('promise', b.promise, b.of_ledger, b.broken_on, b.items);
		END IF;
	END LOOP;
	RETURN n;
END
$$;
COMMENT ON FUNCTION _dunning.note_broken_promises(date, name) IS
	'Notes which promises of a ledger broke by a day, or were kept after all; returns the number of items';

CREATE FUNCTION dunning.promises_due(as_of date DEFAULT dunning.today(), ledger name DEFAULT NULL, days integer DEFAULT 7)
	RETURNS SETOF dunning.promise_on_day
	LANGUAGE sql ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.*
	FROM dunning.promises(promises_due.as_of, promises_due.ledger) AS p
	WHERE p.state = 'open' AND p.promised_for <= promises_due.as_of + coalesce(promises_due.days, 7)
		OR p.state IN ('broken', 'partly_kept') AND p.decided_on > promises_due.as_of - coalesce(promises_due.days, 7)
	ORDER BY p.promised_for, p.promise
$$;
COMMENT ON FUNCTION dunning.promises_due(date, name, integer) IS
	'The list of promises for the morning: the open ones for a day within some days, and those that were broken or kept in part within as many days before';

CREATE FUNCTION _dunning.later_hint(day date) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN day < _dunning.real_day() THEN format('On %s it was not yet issued, or it is not there at all.', _dunning.day_text(day)) END
$$;
COMMENT ON FUNCTION _dunning.later_hint(date) IS 'The hint for an item that is not found on a day of the past; NULL for today';

-- Of items of which less is promised than is open only so much is held, those that
-- fell due first before the others, and the rest goes on.
CREATE FUNCTION _dunning.hold_promised(p dunning.promise) RETURNS bigint[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	f record;
	holds bigint[] := '{}';
BEGIN
	IF p.items IS NULL THEN
		RETURN ARRAY[dunning.hold_customer(p.ledger, p.customer, 'promise', p.promised_on, p.last_on, p.note, 'promise', p.promise::text)];
	END IF;
	FOR f IN
		SELECT i.item, i.part, n.name, s.most, i.open_amount > s.most AS partly, i.parts
		FROM (SELECT o.*, sum(o.open_amount) OVER (ORDER BY o.due_on, o.item, o.part) - o.open_amount AS before,
			count(*) OVER (PARTITION BY o.item) AS parts
			FROM _dunning.promised_items(p.ledger, p.promised_on, NULL, p.items) AS o
			WHERE o.open_amount > 0 AND o.currency IS NOT DISTINCT FROM coalesce(p.currency, o.currency)) AS i
		CROSS JOIN LATERAL (SELECT p.amount - i.before AS most) AS s
		CROSS JOIN LATERAL unnest(_dunning.hold_names(p.promise, ARRAY[i.item])) AS n (name)
		WHERE s.most > 0
		ORDER BY i.due_on, i.item, i.part
	LOOP
		holds := holds || dunning.hold_item(p.ledger, f.item, 'promise', p.promised_on, p.last_on, part => CASE WHEN f.parts > 1 OR f.partly
			THEN f.part END, amount => CASE WHEN f.partly THEN f.most END, note => p.note, source => 'promise', external_id => f.name || '/'
				|| f.part);
	END LOOP;
	RETURN holds;
END
$$;
COMMENT ON FUNCTION _dunning.hold_promised(dunning.promise) IS
	'Holds what a promise is about until its last day, and returns the numbers of the holds: the customer, or of some items as much as was promised';

CREATE FUNCTION dunning.promise_to_pay(ledger name, customer dunning.item_key, amount numeric, promised_for date,
		items dunning.item_key[] DEFAULT NULL, currency text DEFAULT NULL, promised_on date DEFAULT NULL, grace_days integer DEFAULT 0,
		tolerance_percent numeric DEFAULT 0, tolerance_amount numeric DEFAULT 0, tolerance_is text DEFAULT 'higher',
		promised_by text DEFAULT NULL, note text DEFAULT NULL, source text DEFAULT 'person', external_id text DEFAULT NULL,
		holds boolean DEFAULT true) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	p dunning.promise;
	f record;
	stored dunning.promise;
BEGIN
	PERFORM _dunning.need_hold_ledger(promise_to_pay.ledger);
	IF promise_to_pay.customer IS NULL AND coalesce(cardinality(promise_to_pay.items), 0) = 0 THEN
		RAISE EXCEPTION 'a promise is of a customer, or about items'
			USING ERRCODE = 'null_value_not_allowed', HINT = 'Give the customer, or the items, or both.';
	END IF;
	IF cardinality(promise_to_pay.items) = 0 OR array_ndims(promise_to_pay.items) > 1
		OR array_position(promise_to_pay.items, NULL) IS NOT NULL
	THEN
		RAISE EXCEPTION 'items is not a list of keys'
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give an array of keys, or leave items out: the promise is about all items of the customer then.';
	END IF;
	IF coalesce(promise_to_pay.source, '') = '' OR octet_length(promise_to_pay.source) > 63 OR promise_to_pay.external_id = ''
		OR octet_length(promise_to_pay.external_id) > 1000 THEN
		RAISE EXCEPTION 'the source of a promise is a name, and its external_id a text of 1 to 1000 bytes'
			USING ERRCODE = 'invalid_parameter_value', HINT = 'The source is person, einvoice or a name of your own; leave external_id out if the source has none.';
	END IF;
	p.ledger := promise_to_pay.ledger;
	p.items := (SELECT array_agg(DISTINCT k) FROM unnest(promise_to_pay.items) AS k);
	p.amount := promise_to_pay.amount;
	p.needed := _dunning.promise_needed(promise_to_pay.amount, promise_to_pay.tolerance_percent, promise_to_pay.tolerance_amount,
		promise_to_pay.tolerance_is);
	p.promised_on := coalesce(promise_to_pay.promised_on, _dunning.real_day());
	p.promised_for := promise_to_pay.promised_for;
	p.last_on := _dunning.promise_last(p.promised_on, p.promised_for, promise_to_pay.grace_days);
	IF p.promised_on > _dunning.real_day() THEN
		RAISE EXCEPTION 'nobody promised anything on %, a day to come', _dunning.day_text(p.promised_on)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('Today is %s.', _dunning.day_text(_dunning.real_day()));
	END IF;
	-- who owes nothing himself promises for all that he pays for now
	IF p.items IS NULL AND NOT EXISTS (SELECT FROM _dunning.promised_items(p.ledger, p.promised_on,
		ARRAY[promise_to_pay.customer], NULL) AS i WHERE i.open_amount > 0) THEN
		p.items := _dunning.paid_items(p.ledger, p.promised_on, promise_to_pay.customer, promise_to_pay.currency);
	END IF;
	SELECT (array_agg(i.customer))[1] AS customer, count(DISTINCT i.customer) AS customers, _dunning.only_payer(array_agg(i)) AS payer,
		CASE WHEN count(DISTINCT i.company) = 1 AND bool_and(i.company IS NOT NULL) THEN min(i.company) END AS company,
		array_agg(DISTINCT i.currency) FILTER (WHERE i.open_amount > 0) AS currencies,
		sum(i.open_amount) FILTER (WHERE i.open_amount > 0 AND i.currency IS NOT DISTINCT FROM coalesce(promise_to_pay.currency,
			i.currency)) AS open,
		(SELECT k FROM unnest(p.items) AS k WHERE k <> ALL (array_agg(i.item)) LIMIT 1) AS missing
	INTO f
	FROM _dunning.promised_items(p.ledger, p.promised_on, CASE WHEN p.items IS NULL THEN ARRAY[promise_to_pay.customer] END, p.items) AS i;
	IF p.items IS NOT NULL AND (f.missing IS NOT NULL OR f.customers = 0) THEN
		PERFORM _dunning.no_such_item(p.ledger, coalesce(f.missing, p.items[1]), _dunning.later_hint(p.promised_on));
	ELSIF p.items IS NULL AND f.customers = 0 THEN
		PERFORM _dunning.need_customer(p.ledger, promise_to_pay.customer);
	END IF;
	IF f.payer = promise_to_pay.customer OR f.customers > 1 AND promise_to_pay.customer IS NULL AND f.payer IS NOT NULL THEN
		f.customer := f.payer;
	ELSIF f.customers > 1 OR f.customer <> promise_to_pay.customer THEN
		RAISE EXCEPTION 'the items are not all of customer "%"', coalesce(promise_to_pay.customer, f.customer)
			USING ERRCODE = 'invalid_parameter_value', HINT = 'A promise is of one customer, or of who pays for all: note one for each.';
	END IF;
	IF cardinality(f.currencies) > 1 AND promise_to_pay.currency IS NULL THEN
		RAISE EXCEPTION 'in which currency did customer "%" promise?', f.customer
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('The open items are in %s.', array_to_string(f.currencies, ', ')), HINT = 'Give the currency.';
	END IF;
	IF (p.amount <= f.open) IS NOT TRUE THEN
		RAISE EXCEPTION 'customer "%" cannot promise %: % is open', f.customer, p.amount, coalesce(f.open, 0)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = concat_ws(' ', format('On %s.', _dunning.day_text(p.promised_on)), 'In ' || promise_to_pay.currency || '.'),
				HINT = 'Promise what is open, or a part of it.';
	END IF;
	p.customer := f.customer;
	p.company := CASE WHEN p.items IS NOT NULL THEN f.company END;
	p.currency := coalesce(promise_to_pay.currency, f.currencies[1]);
	PERFORM _dunning.need_agreed_decimals(p.amount, p.currency, f.open);
	p.promised_by := nullif(trim(promise_to_pay.promised_by), '');
	p.note := nullif(trim(promise_to_pay.note), '');
	p.source := promise_to_pay.source;
	p.external_id := promise_to_pay.external_id;
	PERFORM _dunning.need_hold_scope(p.ledger, p.company);
	INSERT INTO dunning.promise (ledger, customer, items, company, currency, amount, needed, promised_on, promised_for, last_on,
		promised_by, note, source, external_id)
	VALUES (p.ledger, p.customer, p.items, p.company, p.currency, p.amount, p.needed, p.promised_on, p.promised_for, p.last_on,
		p.promised_by, p.note, p.source, p.external_id)
	ON CONFLICT (source, external_id) DO NOTHING
	RETURNING promise INTO p.promise;
	IF p.promise IS NULL THEN
		SELECT s.* INTO stored FROM dunning.promise AS s WHERE s.source = p.source AND s.external_id = p.external_id;
		IF (stored.ledger, stored.customer, stored.items, stored.amount, stored.needed, stored.promised_for, stored.last_on)
				IS DISTINCT FROM (p.ledger, p.customer, p.items, p.amount, p.needed, p.promised_for, p.last_on) THEN
			RAISE EXCEPTION 'another promise has the external_id "%" of source "%"', p.external_id, p.source
				USING ERRCODE = 'unique_violation', HINT = 'A promise does not change: withdraw it, and note another under another external_id.';
		END IF;
		RETURN stored.promise;
	END IF;
	IF coalesce(promise_to_pay.holds, true) THEN
		UPDATE dunning.promise AS f SET holds = _dunning.hold_promised(p) WHERE f.promise = p.promise;
	END IF;
	RETURN p.promise;
END
$$;
COMMENT ON FUNCTION dunning.promise_to_pay(name, dunning.item_key, numeric, date, dunning.item_key[], text, date, integer, numeric, numeric,
	text, text, text, text, text, boolean) IS
	'Notes that a customer promised an amount for a day, for all his items or for some, and holds them, or of items as much as was promised, until its last day. It returns the number of the promise. The same source and external_id again name the same promise';

CREATE FUNCTION dunning.withdraw_promise(promise bigint, reason text, on_day date DEFAULT NULL) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	day CONSTANT date := coalesce(withdraw_promise.on_day, _dunning.real_day());
	p dunning.promise;
	became text;
BEGIN
	PERFORM _dunning.need_reason(withdraw_promise.reason, 'withdraw a promise', 'The history of a customer has to say why it was not asked for any more.');
	p := _dunning.need_promise(withdraw_promise.promise);
	IF day > _dunning.real_day() OR day < p.promised_on THEN
		RAISE EXCEPTION 'promise % cannot be withdrawn on %', p.promise, _dunning.day_text(day)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It was made on %s, and today is %s.', _dunning.day_text(p.promised_on), _dunning.day_text(_dunning.real_day())),
				HINT = 'Withdrawn on its first day, it was never made.';
	END IF;
	IF p.withdrawn_on IS NOT NULL THEN
		RETURN false;
	END IF;
	SELECT s.state INTO became FROM dunning.promises(day, p.ledger, p.customer) AS s WHERE s.promise = p.promise;
	IF day > p.last_on THEN
		RAISE EXCEPTION 'promise % cannot be withdrawn on %', p.promise, _dunning.day_text(day)
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('Its last day was %s. It is: %s.', _dunning.day_text(p.last_on), coalesce(became, 'not known'));
	END IF;
	UPDATE dunning.promise AS f SET withdrawn_on = day, withdraw_reason = trim(withdraw_promise.reason) WHERE f.promise = p.promise;
	PERFORM dunning.release_holds(_dunning.own_holds('promise', p.promise, p.holds), 'promise withdrawn: ' || trim(withdraw_promise.reason), day)
		WHERE p.holds IS NOT NULL;
	RETURN true;
END
$$;
COMMENT ON FUNCTION dunning.withdraw_promise(bigint, text, date) IS
	'Withdraws a promise from the real day or an earlier one on, and releases what was held for it. False if it was withdrawn before. Error 55000 once the last day of the promise has passed';
