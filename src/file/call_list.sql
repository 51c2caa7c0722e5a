-- Whom to call, with all that a caller wants to have before him.

CREATE TYPE dunning.call_row AS ( --: A customer to be called: a row of dunning.call_list
	ledger name, --: Ledger of the items
	customer dunning.item_key, --: Key of the customer, or of who pays for him
	customer_name text, --: Name of the customer
	company text, --: Company of the items
	owner text, --: Who has to call; NULL: nobody is assigned
	phone text, --: Telephone number; NULL: none is known
	contact_name text, --: Whom to ask for; NULL: not known
	language text, --: Language of the script
	why text, --: appointment, reminder (one by phone is pending) or step (one by phone is due)
	appointment_on date, --: Day of the appointment; NULL: there is none
	appointment_time time, --: Time of day of the appointment
	currency text, --: Currency of the amounts
	overdue numeric, --: What is open and past due, without what others follow
	items jsonb, --: The open items: reference, due_on, open_amount, days_past_due, state
	contacts jsonb, --: The last three contacts, the latest first
	reminders bigint[], --: Pending reminders by phone, which the call takes
	script text, --: The template call_script, filled; NULL: see problem
	problem text --: Why there is no script
);

-- An appointment stands until somebody called or met the customer, or made another one.
CREATE FUNCTION _dunning.appointments(ledger name, day date) RETURNS TABLE (customer dunning.item_key, next_on date, next_time time)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
	SELECT DISTINCT ON (c.customer) c.customer, c.next_on, c.next_time
	FROM dunning.contact AS c
	WHERE c.ledger = appointments.ledger AND c.next_on <= day AND c.on_day <= day AND c.cancelled_at IS NULL
		AND NOT EXISTS (SELECT FROM dunning.contact AS k WHERE k.customer = c.customer AND k.ledger = c.ledger
			AND (k.on_day, k.contact) > (c.on_day, c.contact) AND k.on_day <= day
			AND k.cancelled_at IS NULL AND (k.kind IN ('call', 'meeting') OR k.next_on IS NOT NULL))
	ORDER BY c.customer, c.on_day DESC, c.contact DESC
$$;
COMMENT ON FUNCTION _dunning.appointments(name, date) IS 'The appointments of customers of a ledger that have come by a day and stand';

-- One customer of whom no script can be made is no reason for an empty list.
CREATE FUNCTION _dunning.call_script(r dunning.call_row, keys dunning.item_key[], procedure text, level integer, day date)
	RETURNS dunning.call_row
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	context jsonb;
	code text;
BEGIN
	context := dunning.notice_context(r.ledger, r.customer, keys, r.company, r.currency, day, NULL, 'phone', level);
	r.phone := coalesce(context #>> '{contact,phone}', r.phone);
	r.contact_name := context #>> '{contact,name}';
	r.language := context ->> 'language';
	IF NOT EXISTS (SELECT FROM dunning.find_template('call_script', r.language, 'phone', procedure, level, day)) THEN
		r.language := 'en';
		context := dunning.notice_context(r.ledger, r.customer, keys, r.company, r.currency, day, 'en', 'phone', level);
	END IF;
	code := _dunning.written_language(r.language);
	context := context || jsonb_build_object('call', jsonb_build_object(
		'appointment', concat_ws(' ', _dunning.day(r.appointment_on, code), to_char(r.appointment_time, 'HH24:MI')),
		'contacts', (SELECT coalesce(jsonb_agg(jsonb_build_object('on_day', _dunning.day((c.v ->> 'on_day')::date, code), 'channel',
			_dunning.contact_word(c.v ->> 'kind', code), 'outcome',
			_dunning.code_label('outcome', c.v ->> 'outcome', code),
			'note', concat_ws(', ', _dunning.code_label('reason', c.v ->> 'reason', code), c.v ->> 'note')) ORDER BY c.n), '[]')
				FROM jsonb_array_elements(r.contacts) WITH ORDINALITY AS c (v, n)),
		'promises', (SELECT coalesce(jsonb_agg(jsonb_build_object('promised_for', _dunning.day(p.promised_for, code), 'amount',
			dunning.format_money(p.amount, p.currency, code), 'state', _dunning.promise_word(p.state, code)) ORDER BY p.promise), '[]')
			FROM (SELECT f.* FROM dunning.promises(day, r.ledger, r.customer) AS f WHERE f.state <> 'withdrawn'
				ORDER BY f.promise DESC LIMIT 3) AS p)));
	r.script := (dunning.render_template('call_script', context, r.language, 'phone', procedure, level, day)).body;
	RETURN r;
EXCEPTION WHEN OTHERS THEN
	r.problem := SQLERRM;
	RETURN r;
END
$$;
COMMENT ON FUNCTION _dunning.call_script(dunning.call_row, dunning.item_key[], text, integer, date) IS 'A row of the call list with whom to ask for, his number and the script, or with the problem that kept it from being made';

CREATE FUNCTION dunning.call_list(owner text DEFAULT NULL, as_of date DEFAULT dunning.today(), ledger name DEFAULT NULL) RETURNS
	SETOF dunning.call_row
	LANGUAGE plpgsql ROWS 50 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	asked CONSTANT date := coalesce(call_list.as_of, dunning.today());
	one name;
	g record;
	r dunning.call_row;
	found_rows dunning.call_row[] := '{}';
BEGIN
	IF NOT isfinite(asked) THEN
		RAISE EXCEPTION 'no call list is possible on %', asked USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a day, or leave it out for dunning.today().';
	END IF;
	PERFORM _dunning.need_ledger(call_list.ledger);
	FOR one IN SELECT l.ledger FROM dunning.ledger AS l WHERE l.state = 'adopted' AND l.ledger = coalesce(call_list.ledger, l.ledger)
		ORDER BY l.ledger LOOP
		FOR g IN EXECUTE format($q$
			WITH a AS MATERIALIZED (SELECT * FROM _dunning.appointments($1, $2)), w AS MATERIALIZED (
				SELECT w.*, coalesce(w.payer, w.customer) AS called, p.reminder, w.state = 'due' AND w.channel IN ('phone', 'call') AS step_due
				FROM (%s) AS w
				LEFT JOIN LATERAL (SELECT max(r.reminder) AS reminder FROM dunning.reminder AS r WHERE r.item = w.item
					AND r.ledger = w.ledger AND r.part = w.part AND r.state = 'pending'
					AND r.channel IN ('phone', 'call') AND r.raised_on <= $2) AS p ON true
				WHERE w.problem IS NULL AND w.dunnable AND w.state <> 'handed_over'
			)
			SELECT w.called, min(w.customer_name) AS customer_name, w.company, w.currency, w.owner, min(w.phone) AS phone,
				min(a.next_on) AS next_on, min(a.next_time) AS next_time,
				array_agg(w.reminder ORDER BY w.reminder) FILTER (WHERE w.reminder IS NOT NULL) AS reminders,
					bool_or(w.step_due) AS step_due,
				coalesce(sum(w.open_amount) FILTER (WHERE w.due_on < $2), 0) AS overdue, array_agg(DISTINCT w.item) AS keys,
				(array_agg(w.procedure_name ORDER BY w.step_due DESC, w.due_on))[1] AS procedure_name,
					(array_agg(w.level ORDER BY w.step_due DESC, w.due_on))[1] AS level,
				jsonb_agg(jsonb_build_object('item', w.item::text, 'reference', coalesce(w.reference, w.item::text), 'due_on', w.due_on, 'open_amount', w.open_amount, 'held_amount',
					w.held_amount,
					'days_past_due', w.days_past_due, 'state', w.state) ORDER BY w.due_on, w.item, w.part) AS items
			FROM w LEFT JOIN a ON a.customer IN (w.called, w.customer)
			WHERE w.called IS NOT NULL AND ($3 IS NULL OR w.owner = $3)
			GROUP BY w.called, w.company, w.currency, w.owner
			HAVING min(a.next_on) IS NOT NULL OR bool_or(w.step_due) OR count(w.reminder) > 0 $q$,
			_dunning.worklist_query(_dunning.items_source(one, asked, 'i.open_amount > 0'), 'false', format('%L::date', asked)))
		USING one, asked, call_list.owner
		LOOP
			r := NULL;
			r.ledger := one;
			r.customer := g.called;
			r.customer_name := g.customer_name;
			r.company := g.company;
			r.owner := g.owner;
			r.phone := g.phone;
			r.why := CASE WHEN g.next_on IS NOT NULL THEN 'appointment' WHEN g.reminders IS NOT NULL THEN 'reminder' ELSE 'step' END;
			r.appointment_on := g.next_on;
			r.appointment_time := g.next_time;
			r.currency := g.currency;
			r.overdue := g.overdue;
			r.items := g.items;
			r.reminders := g.reminders;
			r.contacts := (SELECT jsonb_agg(to_jsonb(c) ORDER BY c.on_day DESC, c.contact DESC) FROM (
				SELECT f.contact, f.on_day, f.at_time, f.kind, f.direction, f.outcome, f.reason, f.note, f.with_whom, f.by_whom
				FROM dunning.contact AS f
				WHERE f.customer = g.called AND f.ledger = one AND f.on_day <= asked AND f.cancelled_at IS NULL ORDER BY f.on_day DESC,
					f.contact DESC LIMIT 3) AS c);
			found_rows := found_rows || _dunning.call_script(r, g.keys, g.procedure_name, g.level, asked);
		END LOOP;
	END LOOP;
	RETURN QUERY SELECT f.* FROM unnest(found_rows) AS f ORDER BY f.appointment_on, f.appointment_time, f.overdue DESC, f.ledger,
		f.customer, f.currency;
END
$$;
COMMENT ON FUNCTION dunning.call_list(text, date, name) IS
	'Whom to call on a day: customers with an appointment that has come, with a pending reminder by phone or with a step by phone that is due. Each has his number, what is overdue, the last three contacts and the script in his language. NULL: all owners, all ledgers';
