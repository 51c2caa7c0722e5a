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
BEGIN
	PERFORM _dunning.need_ledger(tonight_notices.ledger);
	FOR l IN
		SELECT t.ledger, array_agg(ROW(NULL, coalesce(t.payer, t.customer), coalesce(t.payer_name, t.customer_name), t.company, t.currency,
			t.customer, t.item, t.part,
			t.due_on, t.open_amount - t.held_amount, NULL, t.channel, t.level, t.step, t.label, t.email, t.phone,
				t.language)::_dunning.ask) AS asks,
				array_agg(t.waits) AS waits
		FROM (SELECT u.*, row_number() OVER (PARTITION BY u.ledger, u.item, u.part,
			_dunning.of_event(u.step) OR _dunning.channel_needs(u.channel) IS NULL
			ORDER BY u.level DESC, u.occurrence DESC) AS nth FROM (
			SELECT w.ledger, w.payer, w.payer_name, w.customer, w.customer_name, w.company, w.currency, w.item, w.part,
				w.due_on, w.open_amount, w.held_amount,
				w.channel, w.level, w.occurrence, w.step, w.label, NULL AS email, NULL AS phone, NULL AS language, true AS waits
			FROM dunning.tonight AS w WHERE w.event = 'raise' AND NOT w.manual
			UNION ALL
			-- what is in a notice is no new one, but takes its part of the credits
			SELECT r.ledger, r.payer, r.payer_name, r.customer, r.customer_name, r.company, r.currency, r.item, r.part,
				r.due_on, r.open_amount, r.held_amount,
				r.channel, r.level, r.occurrence, r.step, r.label, r.email, r.phone, r.language,
				NOT EXISTS (SELECT FROM dunning.notice_reminder AS m WHERE m.reminder = r.reminder AND m.removed IS NULL)
			FROM dunning.reminder AS r JOIN dunning.to_send AS s ON s.reminder = r.reminder WHERE NOT r.manual OR r.approved_at IS NOT NULL
		) AS u) AS t
		WHERE (tonight_notices.ledger IS NULL OR t.ledger = tonight_notices.ledger) AND _dunning.is_message(t.channel)
			AND t.customer IS NOT NULL
			-- as _dunning.is_covered says
			AND (t.nth = 1 OR _dunning.of_event(t.step) OR _dunning.channel_needs(t.channel) IS NULL)
		GROUP BY t.ledger ORDER BY t.ledger
	LOOP
		RETURN QUERY
		WITH i AS MATERIALIZED (
			SELECT DISTINCT ON (x.item) x.item, x.email, x.phone, x.language
			FROM _dunning.source_rows(_dunning.keys_source(l.ledger, day, ARRAY(SELECT DISTINCT u.item FROM unnest(l.asks) AS u))) AS x
			ORDER BY x.item, x.part
		), c AS MATERIALIZED (
			SELECT k.* FROM _dunning.payer_credits(l.ledger, ARRAY(SELECT DISTINCT u.reader FROM unnest(l.asks) AS u), day) AS k
		), r AS MATERIALIZED (
			SELECT u.n, u.item, u.waits, ROW(u.n, u.reader, u.name, u.company, u.currency, u.customer, u.item,
				u.part, u.due_on, u.asked,
				greatest(least(u.asked, coalesce(c.netted, 0) - (sum(u.asked) OVER (PARTITION BY u.reader, u.company, u.currency
					ORDER BY u.due_on, u.n) - u.asked)), 0),
				u.channel, u.level, u.step, u.label, coalesce(u.email, i.email), coalesce(u.phone, i.phone),
					coalesce(u.language, i.language))::_dunning.ask AS ask
			FROM ROWS FROM (unnest(l.asks), unnest(l.waits)) WITH ORDINALITY AS u (id, reader, name, company, currency, customer, item,
				part, due_on, asked, credit,
				channel, level, step, label, email, phone, language, waits, n)
			LEFT JOIN i ON i.item = u.item
			LEFT JOIN c ON c.payer = u.reader AND c.company IS NOT DISTINCT FROM u.company AND c.currency IS NOT DISTINCT FROM u.currency
		)
		SELECT l.ledger, g.reader, g.name, g.company, g.currency, g.paid_to, (g.who).channel, g.channel, (g.who).lacks, (g.who).name,
			CASE _dunning.channel_needs((g.who).channel) WHEN 'email' THEN (g.who).email WHEN 'phone' THEN (g.who).phone WHEN 'address'
				THEN (g.who).address END,
			coalesce((g.who).language, g.sender_language), g.level, (SELECT array_agg(DISTINCT r.item) FROM r WHERE r.n = ANY (g.ids)),
				g.asked - g.credit
		FROM _dunning.grouped_asks(l.ledger, day, ARRAY(SELECT r.ask FROM r WHERE r.waits)) AS g
		ORDER BY g.reader, g.company, g.currency, g.channel;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dunning.tonight_notices(name) IS
	'The messages that the next run and dunning.make_notices will make, by payer and channel, without making them. Error 42704 for an unknown ledger';
