-- All that is known of a customer, in the order of its days.

CREATE TYPE dunning.contact_log_row AS ( --: Something that happened with a customer: a row of dunning.contact_log
	on_day date, --: Day from which it counts
	at_time time, --: Time of day; NULL: not said, or it was noted on another day
	kind text, --: reminder, notice, contact, promise, hold, dispute, plan, payment, einvoice, claim, handover, write_off or insolvency
	what text, --: What happened, as a sentence of the language
	amount numeric, --: Amount; NULL: it has none
	currency text, --: Currency of the amount
	item dunning.item_key, --: Key of the item; NULL: it is about several, or about the customer
	by_whom text, --: Who noted it or did it; NULL: not known
	fact bigint --: Number of the row of the table that has it; NULL: a payment of the ERP
);

CREATE FUNCTION _dunning.customer_items(ledger name, customer dunning.item_key, as_of date) RETURNS SETOF _dunning.item_row
	LANGUAGE plpgsql ROWS 20 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT i.* FROM %s AS i ORDER BY i.due_on, i.item, i.part', _dunning.items_source(ledger, as_of, format('i.customer = %L::dunning.item_key', customer)));
END
$$;
COMMENT ON FUNCTION _dunning.customer_items(name, dunning.item_key, date) IS 'The items of a customer as of a day, settled ones too, read as dunning.ledger_reader says';

CREATE FUNCTION _dunning.list_text(items dunning.item_key[], names jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(coalesce(names ->> k::text, k::text), ', ' ORDER BY n) FROM unnest(items) WITH ORDINALITY AS u (k, n)
$$;
COMMENT ON FUNCTION _dunning.list_text(dunning.item_key[], jsonb) IS 'Items as a list with commas, by the names of their keys in an object, or else by their keys; NULL for none';

CREATE FUNCTION _dunning.rejection_code(rejects dunning.dunning_history, day date) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT max(CASE f.name WHEN 'unknown' THEN '' ELSE upper(ltrim(f.name, '_')) END) FROM dunning.facts(rejects) AS f
	WHERE f.kind = 'reject' AND f.on_day = day
$$;
COMMENT ON FUNCTION _dunning.rejection_code(dunning.dunning_history, date) IS 'The code by which a bank rejected a payment of an item on a day, empty if it is not known; NULL if it rejected none';

CREATE FUNCTION _dunning.promise_word(state text, language text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE language
		WHEN 'fr' THEN CASE state WHEN 'open' THEN 'en cours' WHEN 'kept' THEN 'tenue' WHEN 'partly_kept' THEN 'tenue en partie' WHEN 'broken' THEN 'non tenue' WHEN 'withdrawn' THEN 'retirée' END
		WHEN 'de' THEN CASE state WHEN 'open' THEN 'offen' WHEN 'kept' THEN 'gehalten' WHEN 'partly_kept' THEN 'teilweise gehalten' WHEN 'broken' THEN 'nicht gehalten' WHEN 'withdrawn' THEN 'zurückgenommen' END
		WHEN 'nl' THEN CASE state WHEN 'open' THEN 'loopt' WHEN 'kept' THEN 'nagekomen' WHEN 'partly_kept' THEN 'deels nagekomen' WHEN 'broken' THEN 'niet nagekomen' WHEN 'withdrawn' THEN 'ingetrokken' END
		ELSE CASE state WHEN 'partly_kept' THEN 'kept in part' ELSE state END END;
COMMENT ON FUNCTION _dunning.promise_word(text, text) IS 'What became of a promise, as a word of the language';

CREATE FUNCTION _dunning.contact_word(kind text, language text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN CASE WHEN kind = 'reply' AND language = 'fr' THEN 'réponse' WHEN kind = 'reply' AND language = 'de' THEN 'Antwort' WHEN kind = 'reply' AND language = 'nl' THEN 'antwoord'
		ELSE _dunning.channel_text(kind, language) END;
COMMENT ON FUNCTION _dunning.contact_word(text, text) IS 'The kind of a contact as a word of the language';

CREATE FUNCTION _dunning.contact_text(c dunning.contact, language text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat(CASE WHEN language = 'fr'
			THEN CASE c.kind WHEN 'call' THEN 'Appel' WHEN 'email' THEN 'Courriel' WHEN 'letter' THEN 'Lettre' WHEN 'message' THEN 'Message' WHEN 'meeting' THEN 'Rendez-vous' WHEN 'reply' THEN 'Réponse' ELSE 'Note' END
				|| CASE WHEN c.kind IN ('meeting', 'reply', 'note') THEN '' WHEN c.direction = 'in' THEN ' du client' ELSE ' au client' END
			ELSE CASE c.kind WHEN 'call' THEN 'Call' WHEN 'email' THEN 'E-mail' WHEN 'letter' THEN 'Letter' WHEN 'message' THEN 'Message' WHEN 'meeting' THEN 'Meeting' WHEN 'reply' THEN 'Reply' ELSE 'Note' END
				|| CASE WHEN c.kind IN ('meeting', 'reply', 'note') THEN '' WHEN c.direction = 'in' THEN ' from the customer' ELSE ' to the customer' END END,
		' (' || c.with_whom || ')', CASE WHEN language = 'fr' THEN ' : ' ELSE ': ' END || nullif(concat_ws(', ',
			_dunning.code_label('outcome', c.outcome, language),
			_dunning.code_label('reason', c.reason, language), c.note,
			CASE WHEN language = 'fr' THEN 'à rappeler le ' ELSE 'next call on ' END || _dunning.day_text(c.next_on, language)
				|| coalesce(CASE WHEN language = 'fr' THEN ' à ' ELSE ' at ' END || to_char(c.next_time, 'HH24:MI'), ''),
			CASE WHEN c.cancelled_at IS NOT NULL THEN CASE WHEN language = 'fr' THEN 'annulé : ' ELSE 'cancelled: ' END || c.cancel_reason END), ''))
$$;
COMMENT ON FUNCTION _dunning.contact_text(dunning.contact, text) IS 'A contact as a sentence of English or French';

-- A message to who pays is about the customers that he pays for.
CREATE FUNCTION _dunning.customer_notices(ledger name, customer dunning.item_key) RETURNS SETOF dunning.notice
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT n.* FROM dunning.notice AS n
	WHERE n.state = 'sent' AND n.notice IN (
		SELECT o.notice FROM dunning.notice AS o WHERE o.customer = customer_notices.customer AND o.ledger = customer_notices.ledger
		UNION
		SELECT l.notice FROM dunning.reminder AS r JOIN dunning.notice_reminder AS l ON l.reminder = r.reminder AND l.removed IS NULL
		WHERE r.customer = customer_notices.customer AND r.ledger = customer_notices.ledger)
$$;
COMMENT ON FUNCTION _dunning.customer_notices(name, dunning.item_key) IS 'The messages that were sent to a customer, or about him to who pays for him';

CREATE FUNCTION _dunning.notice_text(n dunning.notice, language text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN language = 'fr' THEN concat('Message ', n.notice, ', ', _dunning.channel_text(n.channel, 'fr'), ' à ' || v.address,
		' : « ' || n.subject || ' »', ', dépôt ' || n.deposit_number)
		ELSE concat('Message ', n.notice, ', ', _dunning.channel_text(n.channel, 'en'), ' to ' || v.address, ': "' || n.subject || '"',
			', deposit ' || n.deposit_number) END
	FROM (SELECT CASE _dunning.channel_needs(n.channel) WHEN 'email' THEN n.email WHEN 'phone' THEN n.phone WHEN 'address'
		THEN replace(n.address, E'\n', ', ') END) AS v (address)
$$;
COMMENT ON FUNCTION _dunning.notice_text(dunning.notice, text) IS 'A message that was sent as a sentence of English or French';

CREATE FUNCTION _dunning.asked_by(n dunning.notice) RETURNS numeric
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN EXISTS (SELECT FROM dunning.template AS t WHERE t.name = n.template AND t.kind = 'formal notice') THEN n.total
		ELSE coalesce(n.open_amount, n.total) END
$$;
COMMENT ON FUNCTION _dunning.asked_by(dunning.notice) IS 'What a message asks for: a formal notice for penalties and fees, too, any other for what was open';

-- A time of day is told of the day itself, not of another one on which it was noted.
CREATE FUNCTION _dunning.time_of(noted_at timestamptz, day date) RETURNS time
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN _dunning.noted_day(noted_at) = day THEN (noted_at AT TIME ZONE _dunning.business_zone())::time END;
COMMENT ON FUNCTION _dunning.time_of(timestamptz, date) IS 'The time of day of a moment in the time zone of the business; NULL if it is of another day';

CREATE FUNCTION dunning.contact_log(ledger name, customer dunning.item_key, from_day date DEFAULT NULL, to_day date DEFAULT dunning.today(),
	language text DEFAULT 'en')
	RETURNS SETOF dunning.contact_log_row
	LANGUAGE plpgsql ROWS 100 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	first CONSTANT date := coalesce(contact_log.from_day, '-infinity');
	last CONSTANT date := coalesce(contact_log.to_day, dunning.today());
	fr CONSTANT boolean := coalesce(contact_log.language, 'en') = 'fr';
	lang CONSTANT text := coalesce(contact_log.language, 'en');
	keys dunning.item_key[];
	names jsonb;
	paid dunning.contact_log_row[];
BEGIN
	IF lang NOT IN ('en', 'fr') THEN
		RAISE EXCEPTION 'language "%" is not known', lang USING ERRCODE = 'invalid_parameter_value', HINT = 'Known are en and fr.';
	END IF;
	IF contact_log.customer IS NULL OR contact_log.ledger IS NULL THEN
		RETURN;
	END IF;
	PERFORM _dunning.need_ledger(contact_log.ledger);
	SELECT coalesce(array_agg(DISTINCT i.item), '{}'),
		coalesce(jsonb_object_agg(i.item::text, coalesce(i.reference, i.item::text)) FILTER (WHERE i.item IS NOT NULL), '{}'),
		coalesce(array_agg(p.row) FILTER (WHERE p.on_day IS NOT NULL), '{}') INTO keys, names, paid
	FROM _dunning.customer_items(contact_log.ledger, contact_log.customer, last) AS i
	LEFT JOIN LATERAL (
		SELECT v.on_day, ROW(v.on_day, NULL, 'payment', format(v.what, coalesce(i.reference, i.item::text)), v.amount, i.currency, i.item, NULL,
			NULL)::dunning.contact_log_row AS row
		FROM dunning.payments(i.history, last) AS p
		CROSS JOIN LATERAL (SELECT replace(_dunning.rejection_code(i.rejects, p.returned_on), '%', '%%') AS code) AS q
		CROSS JOIN LATERAL (VALUES (p.paid_on, CASE WHEN fr THEN 'Règlement de %s' ELSE 'Payment of %s' END, p.amount),
			(p.returned_on, CASE WHEN q.code IS NULL THEN CASE WHEN fr THEN 'Règlement annulé de %s' ELSE 'Payment taken back of %s' END
				ELSE CASE WHEN fr THEN 'Règlement de %s rejeté par la banque' ELSE 'Payment of %s rejected by the bank' END
					|| coalesce(' (' || nullif(q.code, '') || ')', '') END, - p.amount)) AS v (on_day, what, amount)
		WHERE v.on_day IS NOT NULL
	-- a credit note is no payment
	) AS p ON i.amount > 0 OR i.kind = 'receipt';
	RETURN QUERY
	WITH log (rank, on_day, noted_at, at_time, kind, what, amount, currency, item, by_whom, fact) AS (
		SELECT 1, p.on_day, NULL::timestamptz, NULL::time, p.kind, p.what, p.amount, p.currency, p.item, NULL::text, NULL::bigint
		FROM unnest(paid) AS p
		UNION ALL
		SELECT 2, e.on_day, e.noted_at, NULL, 'einvoice', format(CASE WHEN fr THEN 'Facture électronique %s : statut %s%s' ELSE 'Electronic invoice %s: state %s%s' END,
				_dunning.list_text(ARRAY[e.item], names), e.code, coalesce(' (' || e.reason_code || ')', '')), e.amount, e.currency,
					e.item, e.noted_by::text, e.event
		FROM dunning.einvoice_log AS e WHERE e.ledger = contact_log.ledger AND e.item = ANY (keys)
		UNION ALL
		SELECT 3, v.on_day, v.noted_at, v.at_time, 'reminder', format(CASE WHEN fr THEN 'Relance %s, %s%s, de %s : %s' ELSE 'Reminder %s, %s%s, of %s: %s' END, r.level,
			_dunning.channel_text(r.channel, lang),
				CASE WHEN fr THEN ' « ' || r.label || ' »' ELSE ' "' || r.label || '"' END, coalesce(r.reference, names ->> r.item::text,
					r.item::text), v.what), v.amount,
					r.currency, r.item, r.approved_by::text, r.reminder
		FROM dunning.reminder AS r
		CROSS JOIN LATERAL (VALUES
			(r.sent_on, r.sent_at, (SELECT min(c.at_time) FROM dunning.contact AS c WHERE c.customer = r.customer AND c.ledger = r.ledger
				AND r.reminder = ANY (c.reminders) AND c.on_day = r.sent_on), CASE WHEN fr THEN 'envoyée' ELSE 'sent' END,
					r.open_amount - r.held_amount),
			(r.skipped_on, r.skipped_at, NULL, CASE WHEN fr THEN 'non envoyée, comptée comme faite' ELSE 'not sent, counts as done' END || coalesce(' (' || r.reason || ')', ''), NULL),
			(CASE WHEN coalesce(r.sent_on, r.skipped_on) IS NOT NULL THEN r.cancelled_on END, r.cancelled_at, NULL,
				CASE WHEN fr THEN 'annulée' ELSE 'cancelled' END || coalesce(' (' || r.reason || ')', ''), NULL)) AS v (on_day, noted_at, at_time,
					what, amount)
		WHERE r.customer = contact_log.customer AND r.ledger = contact_log.ledger AND v.on_day IS NOT NULL
		UNION ALL
		SELECT v.rank, v.on_day, v.noted_at, NULL, 'notice', v.what, v.amount, n.currency, NULL, v.by_whom::text, n.notice
		FROM _dunning.customer_notices(contact_log.ledger, contact_log.customer) AS n
		CROSS JOIN LATERAL (VALUES
			(3, n.sent_on, n.sent_at, _dunning.notice_text(n, lang), _dunning.asked_by(n), n.taken_by),
			(9, n.presented_on, NULL, CASE WHEN fr THEN 'Lettre recommandée présentée' ELSE 'Registered letter presented' END, NULL, NULL),
			(9, n.returned_on, NULL, CASE WHEN fr THEN 'Message revenu : ' ELSE 'Message came back: ' END || n.return_reason, NULL, NULL))
			AS v (rank, on_day, noted_at, what, amount, by_whom)
		WHERE v.on_day IS NOT NULL
		UNION ALL
		SELECT 4, c.on_day, c.noted_at, c.at_time, 'contact', _dunning.contact_text(c, lang)
			|| coalesce(' [' || _dunning.list_text(c.items, names) || ']', ''), NULL, NULL,
			CASE WHEN cardinality(c.items) = 1 THEN c.items[1] END, c.by_whom, c.contact
		FROM dunning.contact AS c WHERE c.customer = contact_log.customer AND c.ledger = contact_log.ledger
		UNION ALL
		SELECT v.rank, v.on_day, v.noted_at, v.at_time, 'promise', v.what || coalesce(' [' || _dunning.list_text(p.items, names) || ']',
			''), v.amount,
			p.currency,
			CASE WHEN cardinality(p.items) = 1 THEN p.items[1] END, v.by_whom, p.promise
		FROM dunning.promises(last, contact_log.ledger, contact_log.customer) AS p
		JOIN dunning.promise AS f ON f.promise = p.promise
		CROSS JOIN LATERAL (VALUES
			(5, p.promised_on, f.noted_at, (SELECT min(c.at_time) FROM dunning.contact AS c WHERE c.customer = f.customer
				AND c.ledger = f.ledger
				AND c.promise = f.promise AND c.on_day = f.promised_on), format(CASE WHEN fr THEN 'Promesse de %s pour le %s' ELSE 'Promise of %s for %s' END,
					dunning.format_money(p.amount, p.currency, lang),
				_dunning.day_text(p.promised_for, lang)),
				p.amount, p.noted_by::text),
			(9, CASE WHEN p.state <> 'open' THEN p.decided_on END, f.withdrawn_at, NULL,
				format(CASE WHEN fr THEN 'Promesse de %s : %s' ELSE 'Promise of %s: %s' END, dunning.format_money(p.amount, p.currency, lang),
				_dunning.promise_word(p.state, lang) || CASE WHEN p.state = 'withdrawn' THEN coalesce(' (' || f.withdraw_reason || ')', '')
					ELSE '' END),
				p.paid, f.withdrawn_by::text)) AS v (rank, on_day, noted_at, at_time, what, amount, by_whom)
		UNION ALL
		SELECT v.rank, v.on_day, v.noted_at, v.at_time, CASE WHEN h.reason = 'write_off' THEN 'write_off' WHEN h.reason = 'dispute' OR h.category IS NOT NULL THEN 'dispute'
			ELSE 'hold' END, v.what, v.amount, h.currency, h.item, v.by_whom, h.hold
		FROM (
			SELECT h.* FROM dunning.hold AS h WHERE h.item = ANY (keys) AND h.ledger = contact_log.ledger
			UNION ALL
			SELECT h.* FROM dunning.hold AS h WHERE h.customer = contact_log.customer AND h.ledger = contact_log.ledger
		) AS h
		LEFT JOIN dunning.hold_reason AS r ON r.name = h.reason
		LEFT JOIN dunning.dispute_category AS g ON g.code = h.category
		CROSS JOIN LATERAL (SELECT concat(coalesce(CASE WHEN fr THEN r.label_fr END, r.label_en, h.reason), CASE WHEN fr THEN ' : ' ELSE ': ' END
			|| coalesce(CASE WHEN fr THEN g.label_fr END, g.label_en)) AS label) AS l
		CROSS JOIN LATERAL (VALUES
			(6, h.from_day, h.noted_at, (SELECT min(c.at_time) FROM dunning.contact AS c WHERE c.customer = contact_log.customer
				AND c.ledger = contact_log.ledger AND h.hold = ANY (c.holds) AND c.on_day = h.from_day), concat(CASE WHEN fr
					THEN 'Suspension : ' ELSE 'Hold: ' END, l.label, CASE WHEN fr THEN ' jusqu''au ' ELSE ' through ' END
				|| _dunning.day_text(h.until_day, lang),
				' (' || h.note || ')', ' [' || _dunning.list_text(ARRAY[h.item], names) || ']'), h.amount, h.noted_by::text),
			(8, h.released_on, h.released_at, NULL, concat(CASE WHEN fr THEN 'Suspension levée : ' ELSE 'Hold released: ' END, l.label, ' (' || h.release_reason || ')', ' ['
				|| _dunning.list_text(ARRAY[h.item], names) || ']'), NULL, h.released_by::text))
			AS v (rank, on_day, noted_at, at_time, what, amount, by_whom)
		-- what a promise, a plan or an insolvency holds is told by it
		WHERE h.source NOT IN ('promise', 'plan', 'insolvency') AND v.on_day IS NOT NULL
		UNION ALL
		SELECT v.rank, v.on_day, v.noted_at, v.at_time, 'plan', v.what || coalesce(' [' || _dunning.list_text(p.items, names) || ']',
			''), v.amount,
			p.currency, CASE WHEN cardinality(p.items) = 1 THEN p.items[1] END, v.by_whom, p.plan
		FROM dunning.plans(last, contact_log.ledger, contact_log.customer) AS p
		JOIN dunning.plan AS f ON f.plan = p.plan
		CROSS JOIN LATERAL (VALUES
			(7, p.agreed_on, f.noted_at, (SELECT min(c.at_time) FROM dunning.contact AS c WHERE c.customer = f.customer
				AND c.ledger = f.ledger
				AND c.plan = f.plan AND c.on_day = f.agreed_on), format(CASE WHEN fr THEN 'Échéancier de %s en %s échéances, la première le %s' ELSE 'Payment plan of %s in %s instalments, the first on %s' END,
				dunning.format_money(p.amount, p.currency, lang), p.instalments, _dunning.day_text(f.due_on[1], lang)), p.amount,
					p.noted_by::text),
			(9, CASE WHEN p.state <> 'active' THEN p.decided_on END, NULL, NULL, format(CASE WHEN fr THEN 'Échéancier de %s : %s' ELSE 'Payment plan of %s: %s' END,
				dunning.format_money(p.amount, p.currency, lang),
				CASE WHEN fr THEN CASE p.state WHEN 'completed' THEN 'soldé' WHEN 'broken' THEN 'rompu' ELSE 'annulé' || coalesce(' (' || f.end_reason || ')', '') END
					ELSE CASE p.state WHEN 'cancelled' THEN 'cancelled' || coalesce(' (' || f.end_reason || ')', '') ELSE p.state END END), p.paid,
						NULL)) AS v (rank, on_day, noted_at, at_time, what, amount, by_whom)
		UNION ALL
		SELECT 10, v.on_day, v.noted_at, NULL, 'claim', format(CASE WHEN fr THEN '%s de %s%s' ELSE '%s on %s%s' END,
				CASE WHEN fr THEN CASE c.kind WHEN 'interest' THEN 'Intérêts de retard' WHEN 'compensation' THEN 'Indemnité forfaitaire' WHEN 'late_fee' THEN 'Frais de retard' ELSE 'Frais de relance' END
					ELSE CASE c.kind WHEN 'interest' THEN 'Late interest' WHEN 'compensation' THEN 'Compensation' WHEN 'late_fee' THEN 'Late fee' ELSE 'Reminder fee' END END,
				coalesce(c.reference, names ->> c.item::text, c.item::text), v.what), v.amount, c.currency, c.item, v.by_whom, c.claim
		FROM dunning.claim AS c
		CROSS JOIN LATERAL (VALUES (c.as_of, c.booked_at, CASE WHEN fr THEN ', jusqu''au ' ELSE ', through ' END || _dunning.day_text(c.to_day, lang), c.amount,
			c.booked_by::text),
			(CASE WHEN c.state = 'waived' THEN _dunning.noted_day(c.state_at) END, c.state_at, CASE WHEN fr THEN ', abandonnés' ELSE ', waived' END
				|| coalesce(' (' || c.state_reason || ')', ''), - c.amount, NULL)) AS v (on_day, noted_at, what, amount, by_whom)
		WHERE c.customer = contact_log.customer AND c.ledger = contact_log.ledger AND v.on_day IS NOT NULL
		UNION ALL
		SELECT v.rank, v.on_day, v.noted_at, NULL, 'handover', v.what || ' [' || _dunning.list_text(ARRAY[h.item], names) || ']', v.amount,
			h.currency, h.item, v.by_whom,
			h.handover
		FROM dunning.handover AS h
		CROSS JOIN LATERAL (VALUES
			(11, h.on_day, h.noted_at, CASE WHEN fr THEN 'Transmis : ' ELSE 'Handed over: ' END || _dunning.receiver_text(h.kind, h.receiver, lang)
				|| coalesce(', ' || h.file_reference, '') || coalesce(' (' || h.note || ')', ''), h.amount, h.noted_by::text),
			(13, h.ended_on, h.ended_at, CASE WHEN fr THEN CASE h.ended_as WHEN 'recalled' THEN 'Repris' WHEN 'returned' THEN 'Rendu' ELSE 'Soldé' END || ' : ' ELSE
				CASE h.ended_as WHEN 'recalled' THEN 'Recalled' WHEN 'returned' THEN 'Returned' ELSE 'Settled' END || ': ' END
				|| _dunning.receiver_text(h.kind, h.receiver, lang) || coalesce(' (' || h.end_reason || ')', ''), NULL,
					h.ended_by::text)) AS v (rank, on_day, noted_at, what, amount, by_whom)
		WHERE h.customer = contact_log.customer AND h.ledger = contact_log.ledger AND v.on_day IS NOT NULL
		UNION ALL
		SELECT 12, f.on_day, f.noted_at, NULL, 'handover', CASE WHEN fr THEN 'Encaissé par ' ELSE 'Cashed by ' END || _dunning.receiver_text(h.kind, h.receiver, lang)
				|| CASE WHEN f.fee <> 0 THEN CASE WHEN fr THEN ', frais ' ELSE ', fee ' END || dunning.format_money(f.fee, f.currency, lang) ELSE '' END
					|| coalesce(' (' || f.note || ')', '') || ' [' || _dunning.list_text(ARRAY[h.item], names) || ']',
			f.amount, f.currency, f.item, f.noted_by::text, f.handover_return
		FROM dunning.handover AS h JOIN dunning.handover_return AS f ON f.handover = h.handover
		WHERE h.customer = contact_log.customer AND h.ledger = contact_log.ledger
		UNION ALL
		SELECT 14, v.on_day, v.noted_at, NULL, 'insolvency', v.what, NULL, NULL, NULL, s.noted_by::text, s.insolvency
		FROM dunning.insolvency AS s
		CROSS JOIN LATERAL (VALUES (s.judgment_on, s.noted_at, CASE WHEN fr THEN 'Jugement d''ouverture d''une procédure collective' ELSE 'Opening judgment of insolvency proceedings' END || coalesce(' (' || s.note || ')', '')),
			(s.published_on, NULL, CASE WHEN fr THEN 'Publication du jugement d''ouverture' ELSE 'Publication of the opening judgment' END)) AS v (on_day, noted_at, what)
		WHERE s.customer = contact_log.customer AND s.ledger = contact_log.ledger AND v.on_day IS NOT NULL
	)
	-- what is in the books comes first; what has no time of the day counts from this day, and comes last
	SELECT l.on_day, date_trunc('minute', s.at_time)::time, l.kind, l.what, l.amount, l.currency, l.item, l.by_whom, l.fact
	FROM log AS l CROSS JOIN LATERAL (SELECT coalesce(l.at_time, _dunning.time_of(l.noted_at, l.on_day)) AS at_time) AS s
	WHERE l.on_day BETWEEN first AND last
	ORDER BY l.on_day, l.rank > 1 AND s.at_time IS NULL, s.at_time NULLS FIRST, l.rank, (names ->> l.item::text) COLLATE "C",
		l.item, l.fact, l.amount DESC;
END
$$;
COMMENT ON FUNCTION dunning.contact_log(name, dunning.item_key, date, date, text) IS
	'What happened with a customer from a day to another one, in order: reminders as they were sent, contacts, promises and what became of them, holds, disputes, plans, payments, claims, handovers, insolvency. Sentences are in English (en) or French (fr)';
