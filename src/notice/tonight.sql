-- The messages of the next run, before it runs.

CREATE TYPE dunning.notice_tonight AS ( --: A message that the next run and dunning.make_notices will make
	ledger name, --: Ledger
	customer dunning.item_key, --: Key of who pays and reads
	name text, --: His name
	company text, --: Company of the items
	currency text, --: Currency of the items
	payee bigint, --: Who is paid instead of the company; NULL: the company
	channel text, --: How it will be sent; NULL: nobody can be reached, it will be set aside
	step_channel text, --: Channel of the step
	lacks text, --: What the recipient lacks for it: email, phone or address
	recipient text, --: Name of the recipient
	address text, --: Where it will be sent to: his e-mail address, number or postal address
	language text, --: Language of the recipient, or else of the sender
	level integer, --: Latest step of its reminders
	items dunning.item_key[], --: Keys of the items
	open_amount numeric --: What it will ask for, less the credits that are set off
);

CREATE FUNCTION dunning.tonight_notices(ledger name DEFAULT NULL) RETURNS SETOF dunning.notice_tonight
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off SET dunning.today = '' AS $$
#variable_conflict use_column
DECLARE
	day CONSTANT date := _dunning.real_day();
	l record;
	asks _dunning.ask[];
	aside bigint[];
	unreached bigint[];
	found dunning.notice_tonight[];
	shown dunning.notice_tonight[];
BEGIN
	PERFORM _dunning.need_ledger(tonight_notices.ledger);
	FOR l IN
		SELECT t.ledger, array_agg(ROW(t.n, coalesce(t.payer, t.customer), coalesce(t.payer_name, t.customer_name), t.company, t.currency,
			t.customer, t.item, t.part, t.due_on, t.open_amount - t.held_amount, NULL, t.channel, t.level, t.occurrence, t.step, t.label,
			t.email, t.phone, t.language)::_dunning.ask) AS asks,
			array_agg(t.n) FILTER (WHERE t.is_new) AS raised, array_agg(t.n) FILTER (WHERE t.waits) AS waiting,
			array_agg(t.n) FILTER (WHERE t.aside) AS aside
		FROM (SELECT u.*, row_number() OVER () AS n FROM (
			SELECT w.ledger, w.payer, w.payer_name, w.customer, w.customer_name, w.company, w.currency, w.item, w.part,
				w.due_on, w.open_amount, w.held_amount,
				w.channel, w.level, w.occurrence, w.step, w.label, NULL AS email, NULL AS phone, NULL AS language, true AS is_new,
				true AS waits, false AS aside
			FROM dunning.tonight AS w WHERE w.event = 'raise' AND NOT w.manual
			UNION ALL
			-- what is in a notice is no new one, but takes its part of the credits
			SELECT r.ledger, r.payer, r.payer_name, r.customer, r.customer_name, r.company, r.currency, r.item, r.part,
				r.due_on, r.open_amount, r.held_amount,
				r.channel, r.level, r.occurrence, r.step, r.label, r.email, r.phone, r.language, false,
				n.notice IS NULL OR c.notice IS NOT NULL, n.state = 'set_aside' AND c.notice IS NULL
			FROM dunning.reminder AS r JOIN dunning.to_send AS s ON s.reminder = r.reminder
			LEFT JOIN dunning.notice_reminder AS m ON m.reminder = r.reminder AND m.removed IS NULL
			LEFT JOIN dunning.notice AS n ON n.notice = m.notice
			LEFT JOIN (SELECT k AS notice FROM (SELECT DISTINCT a.ledger FROM dunning.notice AS a WHERE a.state = 'set_aside') AS d
				CROSS JOIN LATERAL _dunning.cured_notices(d.ledger, day) AS k) AS c ON c.notice = n.notice
			WHERE NOT r.manual OR r.approved_at IS NOT NULL
		) AS u WHERE (tonight_notices.ledger IS NULL OR u.ledger = tonight_notices.ledger) AND _dunning.is_message(u.channel)
			AND u.customer IS NOT NULL) AS t
		GROUP BY t.ledger ORDER BY t.ledger
	LOOP
		asks := l.asks;
		-- what the run will write of them
		EXECUTE format($q$
			SELECT array_agg(CASE WHEN w.id IS NULL THEN u
				ELSE jsonb_populate_record(u, jsonb_build_object('email', i.email, 'phone', i.phone, 'language', i.language)) END)
			FROM unnest($1) AS u LEFT JOIN unnest($2) AS w (id) ON w.id = u.id
			LEFT JOIN (SELECT DISTINCT ON (i.item, i.part) i.item, i.part, i.email, i.phone, %s AS language
				FROM _dunning.source_rows(_dunning.keys_source($3, $4,
					ARRAY(SELECT DISTINCT u.item FROM unnest($1) AS u JOIN unnest($2) AS w (id) ON w.id = u.id))) AS i
				ORDER BY i.item, i.part) AS i ON i.item = u.item AND i.part = u.part $q$,
			_dunning.assigned_of('language', 'i', '$4', 'i.language')) INTO asks USING asks, l.raised, l.ledger, day;
		SELECT array_agg(jsonb_populate_record(u, jsonb_build_object('credit', c.amount))) INTO asks
		FROM unnest(asks) AS u LEFT JOIN _dunning.set_off_asks(l.ledger, day, asks) AS c ON c.id = u.id;
		aside := coalesce(l.aside, '{}');
		shown := '{}';
		-- as dunning.make_notices does: what reaches nobody is set aside first, and keeps no other one back
		LOOP
			WITH a AS MATERIALIZED (
				-- as _dunning.is_covered says
				SELECT u AS ask, w.id IS NOT NULL AND s.id IS NULL AS waits, v.apart,
					rank() OVER (PARTITION BY u.item, u.part, s.id IS NULL, v.apart ORDER BY u.level DESC, u.occurrence DESC) AS nth
				FROM unnest(asks) AS u
				LEFT JOIN unnest(l.waiting) AS w (id) ON w.id = u.id
				LEFT JOIN unnest(aside) AS s (id) ON s.id = u.id
				CROSS JOIN LATERAL (SELECT _dunning.of_event(u.step) OR _dunning.channel_needs(u.channel) IS NULL AS apart) AS v
			), g AS MATERIALIZED (
				SELECT f.*, row_number() OVER () AS n
				FROM _dunning.grouped_asks(l.ledger, day, ARRAY(SELECT a.ask FROM a WHERE a.waits AND (a.nth = 1 OR a.apart))) AS f
			), k AS (
				SELECT g.n, array_agg(DISTINCT u.item) AS items
				FROM g CROSS JOIN unnest(g.ids) AS i (id) JOIN unnest(asks) AS u ON u.id = i.id GROUP BY g.n
			)
			SELECT array_agg(ROW(l.ledger, g.reader, g.name, g.company, g.currency, g.paid_to, (g.who).channel, g.channel, (g.who).lacks,
				(g.who).name, CASE _dunning.channel_needs((g.who).channel) WHEN 'email' THEN (g.who).email WHEN 'phone' THEN (g.who).phone
					WHEN 'address' THEN (g.who).address END,
				coalesce((g.who).language, g.sender_language), g.level, k.items, g.asked - g.credit)::dunning.notice_tonight),
				ARRAY(SELECT i FROM g CROSS JOIN unnest(g.ids) AS i WHERE (g.who).channel IS NULL)
			INTO found, unreached FROM g JOIN k ON k.n = g.n;
			shown := shown || ARRAY(SELECT f FROM unnest(found) AS f WHERE f.channel IS NULL OR cardinality(unreached) = 0);
			EXIT WHEN cardinality(unreached) = 0;
			aside := aside || unreached;
		END LOOP;
		RETURN QUERY SELECT f.* FROM unnest(shown) AS f ORDER BY f.customer, f.company, f.currency, f.step_channel;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dunning.tonight_notices(name) IS
	'The messages that the next run and dunning.make_notices will make, by payer and channel, without making them. Error 42704 for an unknown ledger';
