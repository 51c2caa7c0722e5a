-- Holding and releasing.

CREATE FUNCTION _dunning.day_text(day date) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN isfinite(day) THEN to_char(day, 'YYYY-MM-DD') ELSE coalesce(day::text, 'NULL') END;
COMMENT ON FUNCTION _dunning.day_text(date) IS 'A day as messages show it, whatever DateStyle is';

-- What a hold is about is looked up by its key, as of the real day; nothing is
-- computed of it.
CREATE FUNCTION _dunning.items_to_hold(ledger name, items dunning.item_key[])
	RETURNS TABLE (item dunning.item_key, part integer, company text, currency text, due_on date)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT DISTINCT ON (i.item, i.part) i.item, i.part, i.company, i.currency, i.due_on FROM %s AS i ORDER BY i.item, i.part',
		_dunning.keys_source(ledger, _dunning.real_day(), items));
END
$$;
COMMENT ON FUNCTION _dunning.items_to_hold(name, dunning.item_key[]) IS 'The parts of some items of a ledger, with their company, currency and due date, read as dunning.ledger_reader says';

-- What is held from a day of the past may be of what was open then, and what is
-- noted early of what is open later.
CREATE FUNCTION _dunning.open_to_hold(ledger name, item dunning.item_key, part integer, from_day date) RETURNS numeric
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	query CONSTANT text := 'SELECT sum(abs(i.open_amount)) FROM %s AS i WHERE i.part = $1';
	today CONSTANT date := _dunning.real_day();
	now numeric;
	before numeric;
BEGIN
	EXECUTE format(query, _dunning.keys_source(ledger, today, ARRAY[item])) INTO now USING part;
	IF from_day < today THEN
		EXECUTE format(query, _dunning.keys_source(ledger, from_day, ARRAY[item])) INTO before USING part;
	END IF;
	RETURN greatest(now, before);
END
$$;
COMMENT ON FUNCTION _dunning.open_to_hold(name, dunning.item_key, integer, date) IS
	'What can be held of a part of an item from a day on: what is open of it on the real day, or on a day before it; NULL: not known';

CREATE FUNCTION _dunning.no_such_item(ledger name, item dunning.item_key, hint text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'item "%" is not in ledger "%"', item, ledger
		USING ERRCODE = 'undefined_object', DETAIL = coalesce(dunning.ledger_hidden(ledger), 'No row of the ledger is hidden.'),
			HINT = coalesce(hint, format('SELECT item FROM dunning.open_item WHERE ledger = %L lists the open ones.', ledger));
END
$$;
COMMENT ON FUNCTION _dunning.no_such_item(name, dunning.item_key, text) IS 'Error 42704 for an item that is not there, with the reason if rows are hidden';

CREATE FUNCTION _dunning.need_customer(ledger name, customer dunning.item_key, or_payer boolean DEFAULT false) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	known boolean;
BEGIN
	EXECUTE format('SELECT EXISTS (SELECT FROM %s AS i)',
			_dunning.items_source(ledger, _dunning.real_day(), format('i.customer = %L::dunning.item_key', customer)))
		INTO known;
	IF NOT known AND or_payer THEN
		EXECUTE format('SELECT EXISTS (SELECT FROM %s AS i)',
				_dunning.items_source(ledger, _dunning.real_day(), format('i.payer = %L::dunning.item_key', customer)))
			INTO known;
	END IF;
	IF NOT known THEN
		RAISE EXCEPTION 'customer "%" has no item in ledger "%"', customer, ledger
			USING ERRCODE = 'undefined_object', DETAIL = coalesce(dunning.ledger_hidden(ledger), 'No row of the ledger is hidden.'),
				HINT = format('SELECT DISTINCT customer FROM dunning.open_item WHERE ledger = %L lists who owes something.', ledger);
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_customer(name, dunning.item_key, boolean) IS
	'Error 42704 if a ledger has no item of a customer, settled or not; or_payer: nor one that he pays for';

CREATE FUNCTION _dunning.need_hold_ledger(ledger name) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF ledger IS NULL THEN
		RAISE EXCEPTION 'the ledger of a hold is missing'
			USING ERRCODE = 'null_value_not_allowed', HINT = 'SELECT ledger FROM dunning.ledger lists them.';
	END IF;
	PERFORM _dunning.need_ledger(ledger);
END
$$;
COMMENT ON FUNCTION _dunning.need_hold_ledger(name) IS 'Error 42704 for a ledger that is not adopted, 22004 for none';

-- An index holds no key that is longer than a few thousand bytes.
CREATE FUNCTION _dunning.need_key(what text, key dunning.item_key) RETURNS void
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF key IS NULL THEN
		RAISE EXCEPTION 'the key of the % is missing', what USING ERRCODE = 'null_value_not_allowed';
	END IF;
	IF pg_column_size(key) > 2004 THEN
		RAISE EXCEPTION 'the key of the % is longer than 2000 bytes', what USING ERRCODE = 'program_limit_exceeded';
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_key(text, dunning.item_key) IS 'Error 22004 for a key that is missing, 54000 for one that is too long';

-- What is said of every hold, with what its reason implies.
CREATE FUNCTION _dunning.new_hold(ledger name, reason text, from_day date, until_day date, amount numeric, note text, source text,
		external_id text, category text DEFAULT NULL, person_in_charge text DEFAULT NULL, answer_due_on date DEFAULT NULL,
		expected_credit numeric DEFAULT NULL) RETURNS dunning.hold
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	r dunning.hold_reason;
	h dunning.hold;
	last date;
BEGIN
	SELECT f.* INTO r FROM dunning.hold_reason AS f WHERE f.name = new_hold.reason;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'hold reason "%" does not exist', coalesce(new_hold.reason, 'NULL')
			USING ERRCODE = 'undefined_object', HINT = 'SELECT name, label_en FROM dunning.hold_reason lists them; insert a row for a reason of your own.';
	END IF;
	h.from_day := coalesce(new_hold.from_day, _dunning.real_day());
	IF h.from_day NOT BETWEEN '0001-01-01' AND '9999-12-31' OR new_hold.until_day NOT BETWEEN '0001-01-01' AND '9999-12-31' THEN
		RAISE EXCEPTION 'a hold cannot last from % until %', _dunning.day_text(h.from_day), _dunning.day_text(new_hold.until_day)
			USING ERRCODE = 'datetime_field_overflow', DETAIL = 'Its days are of the years 0001 to 9999.',
				HINT = 'Leave until_day out for a hold without an end.';
	END IF;
	IF new_hold.until_day < h.from_day THEN
		RAISE EXCEPTION 'a hold from % cannot end on %', _dunning.day_text(h.from_day), _dunning.day_text(new_hold.until_day)
			USING ERRCODE = 'invalid_parameter_value', HINT = 'until_day is its last day, from_day its first; from_day is the real day if it is left out.';
	END IF;
	IF r.needs_end AND new_hold.until_day IS NULL THEN
		RAISE EXCEPTION 'a hold for "%" needs an end', r.name USING ERRCODE = 'invalid_parameter_value', HINT = 'Give its last day as until_day.';
	END IF;
	-- NULL without a longest duration
	last := h.from_day + CASE WHEN r.longest_days < date '9999-12-31' - h.from_day THEN r.longest_days - 1 END;
	IF new_hold.until_day > last THEN
		RAISE EXCEPTION 'a hold for "%" lasts % days at most', r.name, r.longest_days
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('From %s, the last day is %s.', _dunning.day_text(h.from_day), _dunning.day_text(last)),
				HINT = 'Give an earlier until_day, or another reason.';
	END IF;
	IF (new_hold.amount > 0 AND new_hold.amount < 'Infinity') IS FALSE THEN
		RAISE EXCEPTION 'an amount of % cannot be held', new_hold.amount
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give an amount above 0, or none to hold the whole item.';
	END IF;
	IF r.needs_amount AND new_hold.amount IS NULL THEN
		RAISE EXCEPTION 'a hold for "%" needs an amount', r.name
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Hold the item with the amount: SELECT dunning.hold_item(..., amount => ...).';
	END IF;
	IF (new_hold.expected_credit >= 0 AND new_hold.expected_credit < 'Infinity') IS FALSE THEN
		RAISE EXCEPTION 'a credit of % cannot be expected', new_hold.expected_credit
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the amount of the credit note, 0 or more.';
	END IF;
	IF new_hold.source = '' OR octet_length(new_hold.source) > 63 OR new_hold.external_id = '' OR octet_length(new_hold.external_id) > 1000
		THEN
		RAISE EXCEPTION 'the source of a hold is a name, and its external_id a text of 1 to 1000 bytes'
			USING ERRCODE = 'invalid_parameter_value', HINT = 'The source is person, erp, einvoice or a name of your own; leave external_id out if the source has none.';
	END IF;
	h.ledger := new_hold.ledger;
	h.reason := r.name;
	h.until_day := coalesce(new_hold.until_day, last);
	h.amount := new_hold.amount;
	h.stops := r.stops;
	h.then_do := r.then_do;
	h.interest_runs := r.interest_runs;
	h.interest_claimed := r.interest_claimed;
	h.counts_as_overdue := r.counts_as_overdue;
	h.note := nullif(trim(new_hold.note), '');
	h.source := coalesce(new_hold.source, 'person');
	h.external_id := new_hold.external_id;
	h.category := new_hold.category;
	h.person_in_charge := nullif(trim(new_hold.person_in_charge), '');
	h.answer_due_on := new_hold.answer_due_on;
	h.expected_credit := new_hold.expected_credit;
	RETURN h;
END
$$;
COMMENT ON FUNCTION _dunning.new_hold(name, text, date, date, numeric, text, text, text, text, text, date, numeric) IS
	'A hold as its reason has it; error 42704 for an unknown reason, 22023 or 22008 for what does not fit';

CREATE FUNCTION _dunning.need_category(category text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	IF category IS NOT NULL AND NOT EXISTS (SELECT FROM dunning.dispute_category AS c WHERE c.code = need_category.category) THEN
		RAISE EXCEPTION 'dispute category "%" does not exist', need_category.category
			USING ERRCODE = 'undefined_object', HINT = 'SELECT code, label_en FROM dunning.dispute_category lists them; insert a row for a category of your own.';
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_category(text) IS 'Error 42704 for a category of disputes that does not exist; NULL is none';

-- Its end is what a hold that is noted again may add.
CREATE FUNCTION _dunning.end_as_noted_again(stored dunning.hold, until_day date) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	IF stored.released_on IS NOT NULL OR (end_as_noted_again.until_day < stored.until_day
		AND end_as_noted_again.until_day >= _dunning.real_day())
			OR end_as_noted_again.until_day > stored.until_day OR end_as_noted_again.until_day < stored.from_day THEN
		RAISE EXCEPTION 'hold % cannot end on %', stored.hold, _dunning.day_text(end_as_noted_again.until_day)
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = CASE WHEN stored.released_on IS NOT NULL THEN format('It was released on %s.', _dunning.day_text(stored.released_on))
					ELSE format('It lasts from %s until %s.', _dunning.day_text(stored.from_day), _dunning.day_text(stored.until_day)) END,
				HINT = 'An end is noted once. A hold ends earlier once that day is past; note a longer one under another external_id.';
	END IF;
	IF end_as_noted_again.until_day < _dunning.real_day() THEN
		UPDATE dunning.hold AS h SET released_on = end_as_noted_again.until_day + 1, release_reason = 'its source noted its end' WHERE h.hold = stored.hold;
	ELSE
		UPDATE dunning.hold AS h SET until_day = end_as_noted_again.until_day WHERE h.hold = stored.hold;
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.end_as_noted_again(dunning.hold, date) IS
	'Ends a hold that its source notes again with another last day; error 55000 if it has ended, or cannot end on that day';

CREATE FUNCTION _dunning.need_hold_scope(ledger name, company text, verb text DEFAULT 'change') RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NOT _dunning.sees_all(true) AND (ARRAY[_dunning.scope_key(ledger, NULL), _dunning.scope_key(NULL, company),
		_dunning.scope_key(ledger, company)]
			&& _dunning.scopes(true)) IS NOT TRUE THEN
		RAISE EXCEPTION 'role "%" may not % %', current_user, verb,
				CASE WHEN company IS NULL THEN format('what belongs to no company, or to all, in ledger "%s"', ledger)
					ELSE format('what belongs to company "%s" in ledger "%s"', company, ledger) END
			USING ERRCODE = 'insufficient_privilege', DETAIL = 'Its access is limited to other ledgers or companies.',
				HINT = 'SELECT * FROM dunning.access shows its access' || CASE verb WHEN 'hold' THEN '; the items of a customer can be held one by one with dunning.hold_items.' ELSE '.' END;
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_hold_scope(name, text, text) IS 'Error 42501 if the current user may not change rows of a ledger and company';

-- A credit insurer says how far a debt may be put off without asking him.
CREATE FUNCTION _dunning.need_extension(what text, ledger name, until_day date, due_on date, most_days integer) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	most CONSTANT integer := coalesce(need_extension.most_days,
		(SELECT g.insurer_extension FROM dunning.ledger_setting AS g WHERE g.ledger = need_extension.ledger));
BEGIN
	IF until_day > due_on + most THEN
		RAISE EXCEPTION 'a % until % is too long', what, _dunning.day_text(until_day)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('The first item fell due on %s; %s days later is %s.', _dunning.day_text(due_on), most,
				_dunning.day_text(due_on + most)), HINT = CASE WHEN need_extension.most_days IS NOT NULL
					THEN 'Agree an earlier day, or ask whoever set most_days, such as the credit insurer.'
					ELSE 'Agree an earlier day, or pass as most_days what the credit insurer has consented to.' END;
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_extension(text, name, date, date, integer) IS
	'Error 22023 for a plan or a deferral that ends more than most_days after a due date, or without it more than the credit insurer of the ledger allows';

-- The same source and external_id is the same hold.  Who notes it at the same time
-- waits for the other.
CREATE FUNCTION _dunning.put_hold(h dunning.hold, from_given boolean, until_given date) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	stored dunning.hold;
	noted bigint;
	other text;
BEGIN
	PERFORM _dunning.need_hold_scope(h.ledger, h.company, 'hold');
	SELECT s.* INTO stored FROM dunning.hold AS s WHERE s.source = h.source AND s.external_id = h.external_id;
	IF NOT FOUND THEN
		INSERT INTO dunning.hold (ledger, item, part, customer, company, reason, from_day, until_day, amount, currency,
			stops, then_do, interest_runs, interest_claimed, counts_as_overdue, note, source, external_id,
			category, person_in_charge, answer_due_on, expected_credit)
		VALUES (h.ledger, h.item, h.part, h.customer, h.company, h.reason, h.from_day, h.until_day, h.amount, h.currency,
			h.stops, h.then_do, h.interest_runs, h.interest_claimed, h.counts_as_overdue, h.note, h.source, h.external_id,
			h.category, h.person_in_charge, h.answer_due_on, h.expected_credit)
		ON CONFLICT (source, external_id) DO NOTHING
		RETURNING hold INTO noted;
		IF noted IS NOT NULL THEN
			RETURN noted;
		END IF;
		SELECT s.* INTO stored FROM dunning.hold AS s WHERE s.source = h.source AND s.external_id = h.external_id;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'another hold has the external_id "%" of source "%"', h.external_id, h.source
				USING ERRCODE = 'unique_violation', DETAIL = format('Role "%s" may not see it.', current_user), HINT = 'Give each hold an external_id of its own.';
		END IF;
	END IF;
	-- what it is about has to be the same, what else is said only where it is said
	SELECT string_agg(n.key, ', ' ORDER BY n.key) INTO other
	FROM jsonb_each(to_jsonb(h)) AS n
	WHERE n.value <> to_jsonb(stored)->n.key
		AND (n.key IN ('ledger', 'item', 'part', 'customer', 'reason', 'amount') OR n.value <> 'null'
			AND (n.key IN ('currency', 'note', 'category', 'person_in_charge', 'answer_due_on', 'expected_credit') OR n.key = 'from_day' AND from_given));
	IF other IS NOT NULL THEN
		RAISE EXCEPTION 'hold % has the external_id "%" of source "%" and says something else', stored.hold, h.external_id, h.source
			USING ERRCODE = 'unique_violation', DETAIL = format('It differs in: %s.', other),
				HINT = format('A hold does not change: release it with SELECT dunning.release_hold(%s, ...), and note another under another external_id.', stored.hold);
	END IF;
	IF until_given <> coalesce(stored.released_on - 1, stored.until_day, 'infinity') AND until_given IS DISTINCT FROM stored.until_day THEN
		PERFORM _dunning.end_as_noted_again(stored, until_given);
	END IF;
	RETURN stored.hold;
END
$$;
COMMENT ON FUNCTION _dunning.put_hold(dunning.hold, boolean, date) IS
	'Notes a hold and returns its number, or that of the hold which its source has noted already; error 23505 if that one says something else, 42501 for a ledger or company of others';

CREATE FUNCTION dunning.hold_items(ledger name, items dunning.item_key[], reason text, from_day date DEFAULT NULL,
		until_day date DEFAULT NULL, note text DEFAULT NULL, source text DEFAULT 'person', external_ids text[] DEFAULT NULL,
		category text DEFAULT NULL, person_in_charge text DEFAULT NULL, answer_due_on date DEFAULT NULL, most_days integer DEFAULT NULL)
		RETURNS bigint[]
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	h dunning.hold;
	f record;
	companies text[];
	first date;
	missing dunning.item_key;
	noted bigint[] := '{}';
BEGIN
	PERFORM _dunning.need_hold_ledger(hold_items.ledger);
	PERFORM _dunning.need_category(hold_items.category);
	IF items IS NULL OR array_ndims(items) > 1 OR cardinality(items) <> cardinality(external_ids) THEN
		RAISE EXCEPTION 'items is not a list of keys, or external_ids not one of as many texts'
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give an array of keys, and one external_id for each, or none.';
	END IF;
	h := _dunning.new_hold(hold_items.ledger, hold_items.reason, hold_items.from_day, hold_items.until_day, NULL, hold_items.note,
		hold_items.source, NULL, hold_items.category, hold_items.person_in_charge, hold_items.answer_due_on);
	PERFORM _dunning.need_key('item', k) FROM unnest(items) AS k;
	IF external_ids IS NULL THEN
		-- a key that is there twice is held once
		items := ARRAY(SELECT k.item FROM unnest(items) WITH ORDINALITY AS k (item, n) GROUP BY k.item ORDER BY min(k.n));
	END IF;
	IF cardinality(items) = 0 THEN
		RETURN noted;
	END IF;
	SELECT array_agg(i.company ORDER BY k.n), min(i.due_on), (array_agg(k.item ORDER BY k.n) FILTER (WHERE i.item IS NULL))[1]
	INTO companies, first, missing
	FROM unnest(items) WITH ORDINALITY AS k (item, n)
	LEFT JOIN (SELECT t.item, min(t.company) AS company, min(t.due_on) AS due_on FROM _dunning.items_to_hold(hold_items.ledger, items) AS t
		GROUP BY t.item) AS i ON i.item = k.item;
	IF missing IS NOT NULL THEN
		PERFORM _dunning.no_such_item(hold_items.ledger, missing);
	END IF;
	IF h.reason = 'deferral' THEN
		PERFORM _dunning.need_extension(h.reason, h.ledger, h.until_day, first, hold_items.most_days);
	END IF;
	IF external_ids IS NULL THEN
		PERFORM _dunning.need_hold_scope(h.ledger, c.company, 'hold') FROM (SELECT DISTINCT u AS company FROM unnest(companies) AS u) AS c;
		WITH k AS (SELECT u.* FROM unnest(items, companies) WITH ORDINALITY AS u (item, company, n)),
		new AS (
			INSERT INTO dunning.hold (ledger, item, company, reason, from_day, until_day, stops, then_do, interest_runs, interest_claimed,
				counts_as_overdue, note, source, category, person_in_charge, answer_due_on)
			SELECT h.ledger, k.item, k.company, h.reason, h.from_day, h.until_day, h.stops, h.then_do, h.interest_runs, h.interest_claimed,
				h.counts_as_overdue, h.note, h.source, h.category, h.person_in_charge, h.answer_due_on
			FROM k ORDER BY k.n
			RETURNING hold, item)
		SELECT array_agg(new.hold ORDER BY k.n) INTO noted FROM new JOIN k ON k.item = new.item;
		RETURN noted;
	END IF;
	FOR f IN SELECT u.* FROM unnest(items, companies, external_ids) WITH ORDINALITY AS u (item, company, external_id, n) ORDER BY u.n LOOP
		IF f.external_id = '' OR octet_length(f.external_id) > 1000 THEN
			RAISE EXCEPTION 'an external_id is a text of 1 to 1000 bytes'
				USING ERRCODE = 'invalid_parameter_value', HINT = 'Give NULL for an item for which the source has none.';
		END IF;
		h.item := f.item;
		h.company := f.company;
		h.external_id := f.external_id;
		noted := noted || _dunning.put_hold(h, hold_items.from_day IS NOT NULL, hold_items.until_day);
	END LOOP;
	RETURN noted;
END
$$;
COMMENT ON FUNCTION dunning.hold_items(name, dunning.item_key[], text, date, date, text, text, text[], text, text, date, integer) IS
	'Holds items of a ledger whole and returns the numbers of the holds in the order of their keys, a key that is there twice once; external_ids: one for each item. Errors as those of dunning.hold_item';

-- What insolvencies, promises and plans hold is known by the number of the fact and the key.
CREATE FUNCTION _dunning.hold_names(fact bigint, items dunning.item_key[]) RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(array_agg(fact || '/' || CASE WHEN octet_length(k.item::text) <= 900 THEN k.item::text ELSE md5(k.item::text) END
		ORDER BY k.n), '{}')
	FROM unnest(items) WITH ORDINALITY AS k (item, n)
$$;
COMMENT ON FUNCTION _dunning.hold_names(bigint, dunning.item_key[]) IS 'The external_ids of the holds of some items by a fact of another table, whose source is that table';

-- A list of holds that somebody wrote may name those of others.
CREATE FUNCTION _dunning.own_holds(source text, fact bigint, holds bigint[]) RETURNS bigint[]
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(array_agg(h.hold ORDER BY h.hold), '{}') FROM dunning.hold AS h
	WHERE h.hold = ANY (holds) AND h.source = own_holds.source AND (h.external_id = fact::text OR h.external_id ^@ (fact || '/'))
$$;
COMMENT ON FUNCTION _dunning.own_holds(text, bigint, bigint[]) IS 'Those of some holds that were noted with a fact of another table, by their source and external_id';

CREATE FUNCTION dunning.hold_item(ledger name, item dunning.item_key, reason text, from_day date DEFAULT NULL, until_day date DEFAULT NULL,
		part integer DEFAULT NULL, amount numeric DEFAULT NULL, note text DEFAULT NULL, source text DEFAULT 'person',
		external_id text DEFAULT NULL, category text DEFAULT NULL, person_in_charge text DEFAULT NULL, answer_due_on date DEFAULT NULL,
		expected_credit numeric DEFAULT NULL, currency text DEFAULT NULL, most_days integer DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	h dunning.hold;
	parts integer[];
	currencies text[];
	first date;
	most numeric;
BEGIN
	PERFORM _dunning.need_hold_ledger(hold_item.ledger);
	PERFORM _dunning.need_key('item', hold_item.item);
	PERFORM _dunning.need_category(hold_item.category);
	h := _dunning.new_hold(hold_item.ledger, hold_item.reason, hold_item.from_day, hold_item.until_day, hold_item.amount, hold_item.note,
		hold_item.source, hold_item.external_id, hold_item.category, hold_item.person_in_charge, hold_item.answer_due_on,
		hold_item.expected_credit);
	SELECT array_agg(DISTINCT i.part), min(i.company), array_agg(DISTINCT i.currency),
		min(i.due_on) FILTER (WHERE i.part = coalesce(hold_item.part, i.part))
	INTO parts, h.company, currencies, first
	FROM _dunning.items_to_hold(hold_item.ledger, ARRAY[hold_item.item]) AS i;
	IF parts IS NULL THEN
		PERFORM _dunning.no_such_item(hold_item.ledger, hold_item.item);
	END IF;
	h.item := hold_item.item;
	h.part := CASE WHEN hold_item.amount IS NOT NULL AND cardinality(parts) = 1 THEN coalesce(hold_item.part, parts[1])
		ELSE hold_item.part END;
	IF h.part <> ALL (parts) THEN
		RAISE EXCEPTION 'item "%" has no part %', h.item, h.part
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It has: %s.', array_to_string(parts, ', '));
	END IF;
	IF h.amount IS NOT NULL AND h.part IS NULL THEN
		RAISE EXCEPTION 'of which part of item "%" is an amount held?', h.item
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It has the parts %s.', array_to_string(parts, ', ')), HINT = 'Give the part.';
	END IF;
	IF h.reason = 'deferral' THEN
		PERFORM _dunning.need_extension(h.reason, h.ledger, h.until_day, first, hold_item.most_days);
	END IF;
	IF hold_item.currency <> currencies[1] THEN
		RAISE EXCEPTION 'the amounts of item "%" are in %, not in %', h.item, currencies[1], hold_item.currency
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the amount in the currency of the item.';
	END IF;
	IF h.amount IS NOT NULL OR h.expected_credit IS NOT NULL THEN
		h.currency := coalesce(currencies[1], hold_item.currency);
	END IF;
	-- a hold that is noted again was noted when more was open
	IF h.amount IS NOT NULL AND NOT EXISTS (SELECT FROM dunning.hold AS s WHERE s.source = h.source AND s.external_id = h.external_id) THEN
		most := _dunning.open_to_hold(h.ledger, h.item, h.part, h.from_day);
		IF h.amount > most THEN
			RAISE EXCEPTION '% of item "%" cannot be held: % is open', h.amount, h.item, most
				USING ERRCODE = 'invalid_parameter_value', HINT = 'Give an amount of at most what is open, or none to hold the whole item.';
		END IF;
		PERFORM _dunning.need_agreed_decimals(h.amount, h.currency, most);
	END IF;
	RETURN _dunning.put_hold(h, hold_item.from_day IS NOT NULL, hold_item.until_day);
END
$$;
COMMENT ON FUNCTION dunning.hold_item(name, dunning.item_key, text, date, date, integer, numeric, text, text, text, text, text, date,
	numeric, text, integer) IS
	'Holds an item, a part of it or an amount of it, from a day through until_day or until it is released, and returns the number of the hold. The same source and external_id again are the same hold; only its end may differ. A deferral ends at most most_days after the due date';

CREATE FUNCTION dunning.hold_customer(ledger name, customer dunning.item_key, reason text, from_day date DEFAULT NULL,
		until_day date DEFAULT NULL, note text DEFAULT NULL, source text DEFAULT 'person', external_id text DEFAULT NULL,
		most_days integer DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	h dunning.hold;
	first date;
BEGIN
	PERFORM _dunning.need_hold_ledger(hold_customer.ledger);
	PERFORM _dunning.need_key('customer', hold_customer.customer);
	h := _dunning.new_hold(hold_customer.ledger, hold_customer.reason, hold_customer.from_day, hold_customer.until_day, NULL,
		hold_customer.note, hold_customer.source, hold_customer.external_id);
	h.customer := hold_customer.customer;
	PERFORM _dunning.need_hold_scope(h.ledger, NULL, 'hold');
	PERFORM _dunning.need_customer(h.ledger, h.customer);
	IF h.reason = 'deferral' THEN
		EXECUTE format('SELECT min(i.due_on) FROM %s AS i WHERE i.open_amount > 0', _dunning.keys_source(h.ledger, _dunning.real_day(), ARRAY[h.customer], 'customer'))
			INTO first;
		PERFORM _dunning.need_extension(h.reason, h.ledger, h.until_day, first, hold_customer.most_days);
	END IF;
	RETURN _dunning.put_hold(h, hold_customer.from_day IS NOT NULL, hold_customer.until_day);
END
$$;
COMMENT ON FUNCTION dunning.hold_customer(name, dunning.item_key, text, date, date, text, text, text, integer) IS
	'Holds all items of a customer in a ledger, those to come too and of all companies, and returns the number of the hold. Errors as those of dunning.hold_item; 42704 also for a customer who has no item';

CREATE FUNCTION dunning.hold_ledger(ledger name, reason text, from_day date DEFAULT NULL, until_day date DEFAULT NULL,
		note text DEFAULT NULL, source text DEFAULT 'person', external_id text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	PERFORM _dunning.need_hold_ledger(hold_ledger.ledger);
	RETURN _dunning.put_hold(_dunning.new_hold(hold_ledger.ledger, hold_ledger.reason, hold_ledger.from_day, hold_ledger.until_day, NULL,
		hold_ledger.note, hold_ledger.source, hold_ledger.external_id), hold_ledger.from_day IS NOT NULL, hold_ledger.until_day);
END
$$;
COMMENT ON FUNCTION dunning.hold_ledger(name, text, date, date, text, text, text) IS
	'Holds all items of a ledger, those to come too, and returns the number of the hold. Errors as those of dunning.hold_item';

CREATE FUNCTION _dunning.put_release(h dunning.hold, day date, reason text) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF h.released_on IS NOT NULL OR day > h.until_day THEN
		RETURN false;
	END IF;
	IF day < h.from_day AND h.from_day <= _dunning.real_day() THEN
		RAISE EXCEPTION 'hold % cannot be released on %', h.hold, _dunning.day_text(day)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It began on %s.', _dunning.day_text(h.from_day)),
				HINT = 'Released on its first day, it was never in force.';
	END IF;
	UPDATE dunning.hold AS f SET released_on = put_release.day, release_reason = put_release.reason WHERE f.hold = h.hold;
	RETURN true;
END
$$;
COMMENT ON FUNCTION _dunning.put_release(dunning.hold, date, text) IS
	'Releases a hold from a day on; false if it has been released, or has ended by itself before; error 22023 for a day before it began';

CREATE FUNCTION _dunning.need_release(reason text, on_day date) RETURNS date
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM _dunning.need_reason(reason, 'release a hold', 'The history of an item has to say why it was reminded again.');
	IF on_day > _dunning.real_day() OR on_day < '0001-01-01' THEN
		RAISE EXCEPTION 'a hold cannot be released on %', _dunning.day_text(on_day)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('Today is %s.', _dunning.day_text(_dunning.real_day())),
				HINT = 'Release it when the day has come.';
	END IF;
	RETURN coalesce(on_day, _dunning.real_day());
END
$$;
COMMENT ON FUNCTION _dunning.need_release(text, date) IS 'The day of a release, the real day for NULL; error 22023 without a reason, and for a day to come';

CREATE FUNCTION dunning.release_hold(hold bigint, reason text, on_day date DEFAULT NULL) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	day CONSTANT date := _dunning.need_release(reason, on_day);
BEGIN
	RETURN _dunning.put_release(_dunning.need_hold(release_hold.hold), day, trim(reason));
END
$$;
COMMENT ON FUNCTION dunning.release_hold(bigint, text, date) IS
	'Releases a hold. on_day is the first day without it: the real day, or an earlier one. The first day of the hold says that it was a mistake. False if it was released or has ended before';

-- In the order of their numbers, so that two who release the same ones wait for each other
CREATE FUNCTION dunning.release_holds(holds bigint[], reason text, on_day date DEFAULT NULL) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	day CONSTANT date := _dunning.need_release(reason, on_day);
	number bigint;
	released integer := 0;
BEGIN
	FOR number IN SELECT DISTINCT n FROM unnest(holds) AS n ORDER BY n LOOP
		released := released + _dunning.put_release(_dunning.need_hold(number), day, trim(reason))::integer;
	END LOOP;
	RETURN released;
END
$$;
COMMENT ON FUNCTION dunning.release_holds(bigint[], text, date) IS 'Releases holds and returns how many it did release; errors as those of dunning.release_hold';

-- A payment settles first what is not held, unless the customer says that it pays what
-- is: then the hold ends on that day, and another one holds what is left of it.
CREATE FUNCTION dunning.pay_held_amount(hold bigint, amount numeric, on_day date DEFAULT NULL, note text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	said CONSTANT text := coalesce(nullif(trim(pay_held_amount.note), ''), 'a payment pays the held amount');
	day CONSTANT date := _dunning.need_release(said, on_day);
	h dunning.hold := _dunning.need_hold(pay_held_amount.hold);
	number CONSTANT bigint := h.hold;
	held CONSTANT numeric := h.amount;
BEGIN
	IF h.amount IS NULL THEN
		RAISE EXCEPTION 'hold % is not of an amount', number
			USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('Release it: SELECT dunning.release_hold(%s, ...).', number);
	END IF;
	IF (pay_held_amount.amount > 0 AND pay_held_amount.amount <= h.amount) IS NOT TRUE THEN
		RAISE EXCEPTION '% cannot be paid of a hold of %', coalesce(pay_held_amount.amount::text, 'NULL'), h.amount
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give an amount above 0, and at most what is held.';
	END IF;
	PERFORM _dunning.need_agreed_decimals(pay_held_amount.amount, h.currency, h.amount);
	IF NOT _dunning.put_release(h, day, said) THEN
		RAISE EXCEPTION 'hold % has ended', number USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Nothing is held any more.';
	END IF;
	IF pay_held_amount.amount = held THEN
		RETURN NULL;
	END IF;
	h.amount := held - pay_held_amount.amount;
	h.from_day := day;
	h.note := concat_ws('; ', h.note, format('rest of hold %s', number));
	h.external_id := NULL;
	RETURN _dunning.put_hold(h, true, h.until_day);
END
$$;
COMMENT ON FUNCTION dunning.pay_held_amount(bigint, numeric, date, text) IS
	'Notes that a payment of a day pays so much of the amount of a hold: the hold ends on that day, and another one holds the rest, whose number is returned; NULL: nothing is left. Error 55000 for a hold without an amount or one that has ended, 22023 for more than is held';

-- A customer who is right is not reminded of what he disputes before the credit
-- note is there.
CREATE FUNCTION dunning.resolve_dispute(hold bigint, resolution text, on_day date DEFAULT NULL, expected_credit numeric DEFAULT NULL,
		credit_item dunning.item_key DEFAULT NULL, reason text DEFAULT NULL) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	day CONSTANT date := _dunning.need_release(coalesce(nullif(trim(reason), ''), 'dispute resolved: ' || resolution, 'dispute resolved'), on_day);
	said CONSTANT text := coalesce(nullif(trim(reason), ''), 'dispute resolved: ' || resolution);
	h dunning.hold;
	credit numeric;
BEGIN
	IF (resolve_dispute.resolution IN ('customer_right', 'customer_wrong', 'partly', 'withdrawn')) IS NOT TRUE THEN
		RAISE EXCEPTION 'a dispute is not resolved as "%"', coalesce(resolve_dispute.resolution, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', HINT = 'It is resolved as customer_right, customer_wrong, partly or withdrawn.';
	END IF;
	IF (resolve_dispute.expected_credit >= 0 AND resolve_dispute.expected_credit < 'Infinity') IS FALSE THEN
		RAISE EXCEPTION 'a credit of % cannot be expected', resolve_dispute.expected_credit
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the amount of the credit note, 0 or more.';
	END IF;
	h := _dunning.need_hold(resolve_dispute.hold);
	IF h.reason NOT IN ('dispute', 'erp_disputed') AND h.category IS NULL THEN
		RAISE EXCEPTION 'hold % is no dispute', h.hold
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('Its reason is "%s", and it has no category.', h.reason),
				HINT = format('Release it: SELECT dunning.release_hold(%s, ...).', h.hold);
	END IF;
	IF h.resolution <> resolve_dispute.resolution OR h.expected_credit <> resolve_dispute.expected_credit
		OR h.credit_item <> resolve_dispute.credit_item THEN
		RAISE EXCEPTION 'dispute % is resolved otherwise', h.hold
			USING ERRCODE = 'object_not_in_prerequisite_state',
				DETAIL = concat_ws(' ', CASE WHEN h.resolution IS NOT NULL
					THEN format('It was resolved as %s on %s.', h.resolution, _dunning.day_text(h.resolved_on)) END, 'A credit of ' || h.expected_credit || ' is expected.', 'It came by item "'
						|| h.credit_item::text || '".'),
				HINT = 'What was decided does not change; note another hold if it is disputed again.';
	END IF;
	IF h.released_on IS NULL AND day < h.from_day THEN
		RAISE EXCEPTION 'dispute % cannot be resolved on %', h.hold, _dunning.day_text(day)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It began on %s.', _dunning.day_text(h.from_day));
	END IF;
	IF resolve_dispute.credit_item IS NOT NULL AND h.credit_item IS NULL THEN
		PERFORM _dunning.need_key('credit note', resolve_dispute.credit_item);
		IF NOT EXISTS (SELECT FROM _dunning.items_to_hold(h.ledger, ARRAY[resolve_dispute.credit_item])) THEN
			PERFORM _dunning.no_such_item(h.ledger, resolve_dispute.credit_item, 'Give the key of the credit note, an item of the same ledger.');
		END IF;
	END IF;
	credit := coalesce(h.expected_credit, resolve_dispute.expected_credit);
	UPDATE dunning.hold AS f
	SET resolution = resolve_dispute.resolution, resolved_on = coalesce(f.resolved_on, day), expected_credit = credit,
		credit_item = coalesce(f.credit_item, resolve_dispute.credit_item)
	WHERE f.hold = h.hold AND (f.resolution IS NULL OR f.expected_credit IS DISTINCT FROM credit OR f.credit_item IS NULL
		AND resolve_dispute.credit_item IS NOT NULL);
	-- it goes on until the credit has come; who is right in part, and says of how much, waits for that
	IF (resolve_dispute.resolution = 'customer_right' AND credit IS DISTINCT FROM 0 OR resolve_dispute.resolution = 'partly' AND credit > 0)
			AND coalesce(h.credit_item, resolve_dispute.credit_item) IS NULL THEN
		RETURN false;
	END IF;
	RETURN _dunning.put_release(h, day, said);
END
$$;
COMMENT ON FUNCTION dunning.resolve_dispute(bigint, text, date, numeric, dunning.item_key, text) IS
	'Notes how a dispute was resolved (customer_right, customer_wrong, partly, withdrawn), and releases its hold. True if it was released. False while a credit note is expected: a second call names it as credit_item';

-- A role that is limited to companies could name another company than that of the item.
CREATE FUNCTION _dunning.check_hold_company() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	f record;
	wrong record;
	unknown text;
BEGIN
	-- a foreign key would do, but a restore loads tables in any order
	IF NOT pg_has_role((SELECT c.relowner FROM pg_class AS c WHERE c.oid = 'dunning.hold'::regclass), 'USAGE') THEN
		SELECT n.reason INTO unknown FROM noted AS n WHERE NOT EXISTS (SELECT FROM dunning.hold_reason AS r
			WHERE r.name = n.reason) LIMIT 1;
		IF FOUND THEN
			RAISE EXCEPTION 'hold reason "%" does not exist', unknown
				USING ERRCODE = 'foreign_key_violation', HINT = 'SELECT name, label_en FROM dunning.hold_reason lists them.';
		END IF;
	END IF;
	IF _dunning.sees_all(true) THEN
		RETURN NULL;
	END IF;
	FOR f IN SELECT n.ledger, array_agg(DISTINCT n.item) AS items FROM noted AS n WHERE n.item IS NOT NULL GROUP BY n.ledger LOOP
		SELECT n.item, n.company INTO wrong
		FROM noted AS n
		LEFT JOIN _dunning.items_to_hold(f.ledger, f.items) AS i ON i.item = n.item AND i.company IS NOT DISTINCT FROM n.company
		WHERE n.ledger = f.ledger AND n.item IS NOT NULL AND i.item IS NULL LIMIT 1;
		IF FOUND THEN
			RAISE EXCEPTION 'item "%" of ledger "%" is not of company "%"', wrong.item, f.ledger, coalesce(wrong.company, 'NULL')
				USING ERRCODE = 'insufficient_privilege', HINT = 'Hold it with SELECT dunning.hold_item(...).';
		END IF;
	END LOOP;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION _dunning.check_hold_company() IS 'Trigger: error 23503 for a reason that does not exist, of anybody but the owner; 42501 if a role with limited access holds an item under another company than its own';
CREATE TRIGGER check_hold_company AFTER INSERT ON dunning.hold REFERENCING NEW TABLE AS noted
	FOR EACH STATEMENT EXECUTE FUNCTION _dunning.check_hold_company();

-- The same for facts of other tables that name an item or a list of items.
CREATE FUNCTION _dunning.check_company() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	f record;
	wrong dunning.item_key;
BEGIN
	IF _dunning.sees_all(true) THEN
		RETURN NULL;
	END IF;
	FOR f IN SELECT n.row ->> 'ledger' AS ledger, n.row ->> 'company' AS company,
			ARRAY(SELECT k::dunning.item_key FROM jsonb_array_elements_text(coalesce(n.row -> 'items',
				jsonb_build_array(n.row ->> 'item'))) AS k) AS items
		FROM (SELECT to_jsonb(noted) AS row FROM noted) AS n WHERE n.row ->> 'company' IS NOT NULL
	LOOP
		SELECT k INTO wrong FROM unnest(f.items) AS k
		WHERE NOT EXISTS (SELECT FROM _dunning.items_to_hold(f.ledger, f.items) AS i WHERE i.item = k AND i.company = f.company) LIMIT 1;
		IF FOUND THEN
			RAISE EXCEPTION 'item "%" of ledger "%" is not of company "%"', wrong, f.ledger, f.company
				USING ERRCODE = 'insufficient_privilege', HINT = 'Note it with the function that the comment of the table names.';
		END IF;
	END LOOP;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION _dunning.check_company() IS 'Trigger: error 42501 if a role with limited access notes a fact of an item under another company than its own';
