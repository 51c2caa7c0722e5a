-- Notes contacts, and what follows from them.

-- What followed from it is written by the transaction that notes it.
SELECT _dunning.keep_facts('dunning.contact', 'contact', '{reminders,promise,holds,plan,cancelled_at,cancelled_by,cancel_reason}', '{reminders,promise,holds,plan,cancelled_at,cancelled_by,cancel_reason}',
	'(NEW.reminders, NEW.promise, NEW.holds, NEW.plan) IS DISTINCT FROM (OLD.reminders, OLD.promise, OLD.holds, OLD.plan) AND OLD.noted_at <> pg_catalog.now()',
	'Cancel it and note another: SELECT dunning.cancel_contact(%s, ...).',
	'What was noted by mistake is cancelled: SELECT dunning.cancel_contact(%s, ...). SELECT * FROM dunning.prune() deletes what need not be kept any more.',
	'_dunning.contact_kept(OLD)');
CREATE TRIGGER check_company AFTER INSERT ON dunning.contact REFERENCING NEW TABLE AS noted FOR EACH STATEMENT
	EXECUTE FUNCTION _dunning.check_company();

SELECT _dunning.end_facts('dunning.contact', 'contact', 'cancelled', 'SELECT contact, customer, kind, on_day FROM dunning.contact lists them.',
	ended => 'cancel_reason', to_come => true);

CREATE FUNCTION _dunning.need_contact_code(about text, code text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	IF code IS NOT NULL AND NOT EXISTS (SELECT FROM dunning.contact_code AS c WHERE c.about = need_contact_code.about
		AND c.code = need_contact_code.code) THEN
		RAISE EXCEPTION '% "%" of contacts does not exist', need_contact_code.about, need_contact_code.code
			USING ERRCODE = 'undefined_object', HINT = format('SELECT code, label_en FROM dunning.contact_code WHERE about = %L lists them; insert a row for one of your own.', need_contact_code.about);
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_contact_code(text, text) IS 'Error 42704 for a code of contacts that does not exist; NULL is none';

CREATE FUNCTION _dunning.code_label(about text, code text, language text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((SELECT coalesce(CASE language WHEN 'fr' THEN c.label_fr WHEN 'de' THEN c.label_de WHEN 'nl' THEN c.label_nl END, c.label_en)
		FROM dunning.contact_code AS c WHERE c.about = code_label.about AND c.code = code_label.code), code)
$$;
COMMENT ON FUNCTION _dunning.code_label(text, text, text) IS 'What a code of contacts is called in a language, in English where it has no text; the code itself if it is not there';

-- All of it or nothing: what a consequence refuses refuses the contact.
CREATE FUNCTION dunning.log_contact(ledger name, customer dunning.item_key, kind text, direction text DEFAULT NULL,
		outcome text DEFAULT NULL, reason text DEFAULT NULL, note text DEFAULT NULL, items dunning.item_key[] DEFAULT NULL,
		with_whom text DEFAULT NULL, by_whom text DEFAULT NULL, on_day date DEFAULT NULL, at_time time DEFAULT NULL,
		next_on date DEFAULT NULL, next_time time DEFAULT NULL, promised numeric DEFAULT NULL, promised_for date DEFAULT NULL,
		currency text DEFAULT NULL, dispute_category text DEFAULT NULL, disputed numeric DEFAULT NULL, person_in_charge text DEFAULT NULL,
		answer_due_on date DEFAULT NULL, plan_first_on date DEFAULT NULL, plan_number integer DEFAULT NULL, plan_each numeric DEFAULT NULL,
		reminders bigint[] DEFAULT NULL, source text DEFAULT 'person', external_id text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	c dunning.contact;
	stored dunning.contact;
	f record;
	reached boolean;
BEGIN
	PERFORM _dunning.need_hold_ledger(log_contact.ledger);
	IF log_contact.customer IS NULL AND coalesce(cardinality(log_contact.items), 0) = 0 THEN
		RAISE EXCEPTION 'a contact is with a customer, or about items'
			USING ERRCODE = 'null_value_not_allowed', HINT = 'Give the customer, or the items, or both.';
	END IF;
	IF log_contact.customer IS NOT NULL THEN
		PERFORM _dunning.need_key('customer', log_contact.customer);
	END IF;
	IF cardinality(log_contact.items) = 0 OR array_ndims(log_contact.items) > 1 OR array_position(log_contact.items, NULL) IS NOT NULL THEN
		RAISE EXCEPTION 'items is not a list of keys' USING ERRCODE = 'invalid_parameter_value', HINT = 'Give an array of keys, or leave it out for the customer as a whole.';
	END IF;
	IF (log_contact.kind IN ('call', 'email', 'letter', 'message', 'meeting', 'reply', 'note')) IS NOT TRUE THEN
		RAISE EXCEPTION 'there is no contact of kind "%"', coalesce(log_contact.kind, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', HINT = 'The kind is call, email, letter, message, meeting, reply or note.';
	END IF;
	c.direction := CASE WHEN log_contact.kind <> 'note' THEN coalesce(log_contact.direction, CASE log_contact.kind WHEN 'reply' THEN 'in'
		ELSE 'out' END) END;
	IF c.direction NOT IN ('in', 'out') OR log_contact.kind = 'note' AND log_contact.direction IS NOT NULL OR log_contact.kind = 'reply'
		AND c.direction = 'out' THEN
		RAISE EXCEPTION 'a % has no direction "%"', log_contact.kind, log_contact.direction
			USING ERRCODE = 'invalid_parameter_value', HINT = 'It is in or out; a reply is in, and a note has none.';
	END IF;
	PERFORM _dunning.need_contact_code('outcome', log_contact.outcome), _dunning.need_contact_code('reason', log_contact.reason);
	c.on_day := coalesce(log_contact.on_day, _dunning.real_day());
	IF (c.on_day BETWEEN '0001-01-01' AND _dunning.real_day()) IS NOT TRUE THEN
		RAISE EXCEPTION 'there was no contact on %', _dunning.day_text(c.on_day)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('Today is %s.', _dunning.day_text(_dunning.real_day())), HINT = 'Give the day on which to call as next_on.';
	END IF;
	IF (log_contact.next_on BETWEEN c.on_day AND '9999-12-31') IS FALSE OR log_contact.next_on IS NULL AND log_contact.next_time IS NOT NULL THEN
		RAISE EXCEPTION 'the next call cannot be on %', _dunning.day_text(log_contact.next_on)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('The contact is of %s.', _dunning.day_text(c.on_day)), HINT = 'Give the day of the next call as next_on, and its time as next_time if there is one.';
	END IF;
	IF (log_contact.promised IS NULL) <> (log_contact.promised_for IS NULL) THEN
		RAISE EXCEPTION 'what was promised, and for when?' USING ERRCODE = 'invalid_parameter_value', HINT = 'Give promised and promised_for.';
	END IF;
	IF (log_contact.dispute_category IS NOT NULL OR log_contact.disputed IS NOT NULL)
		AND (log_contact.items IS NULL OR log_contact.disputed IS NOT NULL AND cardinality(log_contact.items) > 1) THEN
		RAISE EXCEPTION 'which item is in dispute?'
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the items; if only an amount is in dispute, give one item.';
	END IF;
	IF num_nonnulls(log_contact.plan_first_on, log_contact.plan_number, log_contact.plan_each) > 0
		AND (log_contact.plan_first_on IS NULL OR log_contact.items IS NULL) THEN
		RAISE EXCEPTION 'which items are paid by the plan, and from when?'
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give items, plan_first_on, and plan_number or plan_each. Other plans are for dunning.agree_plan.';
	END IF;
	IF log_contact.source = '' OR octet_length(log_contact.source) > 63 OR log_contact.external_id = ''
		OR octet_length(log_contact.external_id) > 1000 THEN
		RAISE EXCEPTION 'the source of a contact is a name, and its external_id a text of 1 to 1000 bytes'
			USING ERRCODE = 'invalid_parameter_value', HINT = 'The source is person or a name of your own; leave external_id out if the source has none.';
	END IF;
	c.items := (SELECT array_agg(DISTINCT k ORDER BY k) FROM unnest(log_contact.items) AS k);
	c.customer := log_contact.customer;
	IF c.items IS NOT NULL THEN
		SELECT (array_agg(i.customer))[1] AS customer, count(DISTINCT i.customer) AS customers, _dunning.only_payer(array_agg(i)) AS payer,
			CASE WHEN count(DISTINCT i.company) = 1 AND bool_and(i.company IS NOT NULL) THEN min(i.company) END AS company,
			(SELECT k FROM unnest(c.items) AS k WHERE k <> ALL (coalesce(array_agg(i.item), '{}')) LIMIT 1) AS missing
		INTO f FROM _dunning.promised_items(log_contact.ledger, _dunning.real_day(), NULL, c.items) AS i;
		IF f.missing IS NOT NULL THEN
			PERFORM _dunning.no_such_item(log_contact.ledger, f.missing);
		END IF;
		IF f.payer = c.customer OR f.customers > 1 AND c.customer IS NULL AND f.payer IS NOT NULL THEN
			f.customer := f.payer;
		ELSIF f.customers <> 1 OR f.customer <> c.customer THEN
			RAISE EXCEPTION 'the items are not all of customer "%"', coalesce(c.customer, f.customer)
				USING ERRCODE = 'invalid_parameter_value', HINT = 'A contact is with one customer: note one for each.';
		END IF;
		c.customer := f.customer;
		c.company := f.company;
	ELSE
		-- who pays for others may have no item of his own
		PERFORM _dunning.need_customer(log_contact.ledger, c.customer, true);
	END IF;
	PERFORM _dunning.need_hold_scope(log_contact.ledger, c.company);
	INSERT INTO dunning.contact (ledger, customer, items, company, kind, direction, on_day, at_time, with_whom, by_whom, outcome, reason,
		note, next_on, next_time, source, external_id)
	VALUES (log_contact.ledger, c.customer, c.items, c.company, log_contact.kind, c.direction, c.on_day, log_contact.at_time,
		nullif(btrim(log_contact.with_whom), ''), coalesce(nullif(btrim(log_contact.by_whom), ''), session_user),
		coalesce(log_contact.outcome, CASE WHEN log_contact.plan_first_on IS NOT NULL THEN 'plan_agreed' WHEN log_contact.promised IS NOT NULL THEN 'promised'
			WHEN log_contact.dispute_category IS NOT NULL OR log_contact.disputed IS NOT NULL THEN 'disputed' END),
		coalesce(log_contact.reason, CASE WHEN log_contact.dispute_category IS NOT NULL OR log_contact.disputed IS NOT NULL THEN 'dispute' END),
		nullif(btrim(log_contact.note), ''), log_contact.next_on, log_contact.next_time, coalesce(log_contact.source, 'person'),
		log_contact.external_id)
	ON CONFLICT (source, external_id) DO NOTHING
	RETURNING * INTO stored;
	IF stored.contact IS NULL THEN
		SELECT s.* INTO stored FROM dunning.contact AS s WHERE s.source = coalesce(log_contact.source, 'person')
			AND s.external_id = log_contact.external_id;
		IF (stored.ledger, stored.customer, stored.items, stored.kind, stored.direction) IS DISTINCT FROM (log_contact.ledger, c.customer,
			c.items, log_contact.kind, c.direction) THEN
			RAISE EXCEPTION 'another contact has the external_id "%" of source "%"', log_contact.external_id, log_contact.source
				USING ERRCODE = 'unique_violation', HINT = 'A contact does not change: cancel it, and note another under another external_id.';
		END IF;
		RETURN stored.contact;
	END IF;
	c := stored;
	IF log_contact.promised IS NOT NULL THEN
		c.promise := dunning.promise_to_pay(c.ledger, c.customer, log_contact.promised, log_contact.promised_for, c.items,
			log_contact.currency, c.on_day, promised_by => c.with_whom, note => c.note, source => 'contact', external_id => c.contact::text);
	END IF;
	IF log_contact.disputed IS NOT NULL THEN
		c.holds := ARRAY[dunning.hold_item(c.ledger, c.items[1], 'dispute', c.on_day,
			amount => log_contact.disputed, currency => log_contact.currency, note => c.note, source => 'contact', external_id => c.contact::text,
			category => log_contact.dispute_category, person_in_charge => log_contact.person_in_charge,
			answer_due_on => log_contact.answer_due_on)];
	ELSIF log_contact.dispute_category IS NOT NULL THEN
		c.holds := dunning.hold_items(c.ledger, c.items, 'dispute', c.on_day, note => c.note, source => 'contact',
			external_ids => _dunning.hold_names(c.contact, c.items), category => log_contact.dispute_category,
			person_in_charge => log_contact.person_in_charge, answer_due_on => log_contact.answer_due_on);
	END IF;
	IF log_contact.plan_first_on IS NOT NULL THEN
		c.plan := dunning.agree_plan(c.ledger, c.items, log_contact.plan_first_on, log_contact.plan_number, log_contact.plan_each,
			agreed_on => c.on_day, agreed_by => c.with_whom, note => c.note);
	END IF;
	-- a call that was made is the step that asked for it
	SELECT o.reached INTO reached FROM dunning.contact_code AS o WHERE o.about = 'outcome' AND o.code = c.outcome;
	IF log_contact.reminders IS NOT NULL THEN
		c.reminders := ARRAY(SELECT DISTINCT r FROM unnest(log_contact.reminders) AS r ORDER BY r);
		IF EXISTS (SELECT FROM unnest(c.reminders) AS n WHERE NOT EXISTS (SELECT FROM dunning.reminder AS r WHERE r.reminder = n
			AND r.ledger = c.ledger AND c.customer IN (r.customer, r.payer))) THEN
			RAISE EXCEPTION 'the reminders are not all of customer "%"', c.customer USING ERRCODE = 'invalid_parameter_value',
				HINT = format('SELECT reminder, item FROM dunning.reminder WHERE customer = %L AND state = ''pending'' lists his.', c.customer);
		END IF;
	ELSIF c.kind = 'call' AND c.direction = 'out' AND reached THEN
		c.reminders := ARRAY(SELECT r.reminder FROM dunning.reminder AS r WHERE r.ledger = c.ledger AND c.customer IN (r.customer, r.payer)
			AND r.state = 'pending' AND r.channel IN ('phone', 'call')
			AND r.raised_on <= c.on_day AND (c.items IS NULL OR r.item = ANY (c.items)) ORDER BY r.reminder);
	END IF;
	PERFORM dunning.mark_reminder_sent(r, c.on_day) FROM unnest(c.reminders) AS r;
	UPDATE dunning.contact AS t SET promise = c.promise, holds = c.holds, plan = c.plan, reminders = nullif(c.reminders, '{}')
	WHERE t.contact = c.contact AND num_nonnulls(c.promise, c.holds, c.plan, nullif(c.reminders, '{}')) > 0;
	RETURN c.contact;
END
$$;
COMMENT ON FUNCTION dunning.log_contact IS
	'Notes an exchange with a customer and what follows from it (a promise, a dispute, a plan, the next call), all of it or nothing, and returns its number. A call that reached the customer marks his pending reminders by phone as sent. The same source and external_id again name the same contact';

CREATE FUNCTION dunning.cancel_contact(contact bigint, reason text) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	c dunning.contact;
BEGIN
	PERFORM _dunning.need_reason(cancel_contact.reason, 'cancel a contact', 'The history of a customer has to say why it does not count.');
	c := _dunning.need_contact(cancel_contact.contact);
	IF c.cancelled_at IS NOT NULL THEN
		RETURN false;
	END IF;
	UPDATE dunning.contact AS f SET cancel_reason = btrim(cancel_contact.reason) WHERE f.contact = c.contact;
	RETURN true;
END
$$;
COMMENT ON FUNCTION dunning.cancel_contact(bigint, text) IS
	'Cancels a contact that was noted by mistake. What followed from it stays: a promise is withdrawn, a hold released, a plan cancelled and a reminder cancelled by its own verb. False if it was cancelled before';
