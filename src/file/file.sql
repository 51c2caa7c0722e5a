-- The file of a customer for whoever follows it elsewhere, and his statement of account: as JSON, and as a page to print.

-- What somebody wrote in the books about an item, by the kind of the item and the sign.
CREATE FUNCTION _dunning.movement_text(kind text, first boolean, amount numeric, language text, rejected boolean DEFAULT false) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN language = 'fr'
		THEN CASE WHEN first THEN CASE kind WHEN 'credit_note' THEN 'avoir' WHEN 'down_payment' THEN 'acompte' WHEN 'receipt' THEN 'règlement reçu' ELSE 'facture' END
			WHEN kind IN ('credit_note', 'down_payment', 'receipt') THEN CASE WHEN amount > 0 THEN 'imputation' ELSE 'imputation annulée' END
			WHEN amount > 0 THEN CASE WHEN rejected THEN 'règlement rejeté' ELSE 'règlement annulé' END ELSE 'règlement' END
		ELSE CASE WHEN first THEN CASE kind WHEN 'credit_note' THEN 'credit note' WHEN 'down_payment' THEN 'down-payment' WHEN 'receipt' THEN 'receipt' ELSE 'invoice' END
			WHEN kind IN ('credit_note', 'down_payment', 'receipt') THEN CASE WHEN amount > 0 THEN 'allocated' ELSE 'allocation taken back' END
			WHEN amount > 0 THEN CASE WHEN rejected THEN 'rejected payment' ELSE 'payment taken back' END ELSE 'payment' END END;
COMMENT ON FUNCTION _dunning.movement_text(text, boolean, numeric, text, boolean) IS 'What a movement of an item is: the item itself, a payment, or one that was taken back or rejected by a bank';

-- Without dated payments the books say what is open, and not since when.
CREATE FUNCTION _dunning.item_movements(i _dunning.item_row, day date, language text, OUT nth bigint, OUT on_day date, OUT what text,
	OUT amount numeric, OUT balance numeric) RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 3 SET search_path = pg_catalog, pg_temp AS $$
	SELECT m.nth, m.on_day, _dunning.movement_text((i).kind, m.nth = 1, m.amount, language,
		m.nth > 1 AND m.amount > 0 AND _dunning.rejection_code((i).rejects, m.on_day) IS NOT NULL), m.amount, m.balance
	FROM dunning.movements((i).history) WITH ORDINALITY AS m (on_day, amount, balance, nth) WHERE m.on_day <= day
	UNION ALL
	SELECT v.nth, v.on_day, v.what, v.amount, v.balance
	FROM (VALUES (1, least(coalesce((i).issued_on, (i).due_on), day), _dunning.movement_text((i).kind, true, (i).amount, language),
		coalesce((i).amount, (i).open_amount), coalesce((i).amount, (i).open_amount)),
		(2, day, CASE WHEN language = 'fr' THEN 'règlements dont la date n''est pas connue' ELSE 'payments whose days are not known' END, (i).open_amount - (i).amount, (i).open_amount)) AS v (nth, on_day, what,
			amount, balance)
	WHERE (i).history IS NULL AND v.amount <> 0
$$;
COMMENT ON FUNCTION _dunning.item_movements(_dunning.item_row, date, text) IS 'The movements of an item by a day, each with what it is and the balance after it';

CREATE FUNCTION _dunning.file_head(ledger name, customer dunning.item_key, items _dunning.item_row[], day date, language text) RETURNS jsonb
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	company CONSTANT text := (SELECT CASE WHEN count(DISTINCT i.company) = 1 THEN min(i.company) END FROM unnest(items) AS i);
	s dunning.sender;
	facts jsonb;
BEGIN
	s := _dunning.find_sender(ledger, company, day);
	SELECT c.facts INTO facts FROM _dunning.ledger_customers(ledger, ARRAY[customer]) AS c;
	SELECT jsonb_build_object('name', i.customer_name, 'email', i.email, 'phone', i.phone, 'language', i.language, 'professional', i.professional)
		|| jsonb_strip_nulls(coalesce(facts, '{}'))
	INTO facts FROM unnest(items) AS i ORDER BY i.due_on DESC LIMIT 1;
	RETURN jsonb_build_object('language', language, 'written_on', _dunning.day(day, language), 'company', _dunning.sender_part(s, company), 'customer',
		_dunning.customer_part(customer::text, facts, s),
		'contact', _dunning.contact_part(_dunning.find_addressee(ledger, company, customer, 'letter', NULL, day, facts, s)), 'ledger', ledger, 'raw',
			jsonb_build_object('written_on', day));
END
$$;
COMMENT ON FUNCTION _dunning.file_head(name, dunning.item_key, _dunning.item_row[], date, text) IS 'Who writes, of whom, and when: what a file and a statement begin with';

CREATE FUNCTION dunning.case_file(ledger name, customer dunning.item_key, as_of date DEFAULT dunning.today(), language text DEFAULT 'en')
	RETURNS jsonb
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	lang CONSTANT text := _dunning.need_page_language(case_file.language);
	day CONSTANT date := coalesce(case_file.as_of, dunning.today());
	items _dunning.item_row[];
	parts jsonb;
	totals jsonb;
	log jsonb;
	notices jsonb;
BEGIN
	IF case_file.ledger IS NULL OR case_file.customer IS NULL THEN
		RETURN NULL;
	END IF;
	PERFORM _dunning.need_ledger(case_file.ledger);
	IF NOT isfinite(day) THEN
		RAISE EXCEPTION 'there is no file of %', day USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a day, or leave as_of out for dunning.today().';
	END IF;
	SELECT array_agg(i) INTO items FROM _dunning.customer_items(case_file.ledger, case_file.customer, day) AS i;
	IF items IS NULL THEN
		PERFORM _dunning.need_customer(case_file.ledger, case_file.customer);
		items := '{}';
	END IF;
	EXECUTE format($q$
		WITH w AS MATERIALIZED (%s), p AS MATERIALIZED (
			-- what is settled owes what it cost when it was late
			SELECT w.*, i AS source, y.decimals, ROW(w.*)::dunning.worklist AS listed, w.open_amount <= 0 AND w.amount > 0
				AND i.history IS NOT NULL AND w.dunnable AS settled, q.rule AS own_rule, q.due_on AS costs_from,
				CASE WHEN w.open_amount <= 0 AND w.amount > 0 AND i.history IS NOT NULL AND w.dunnable
					THEN dunning.assess(NULL, i.history, coalesce(q.due_on, w.due_on), $2,
					CASE WHEN q.due_on IS NULL THEN '0%%' ELSE q.rule END, i.professional, y.decimals,
					dunning.paused(w.ledger, w.item, w.part, w.customer, $2), w.currency) END AS past
			FROM w JOIN unnest($1) AS i ON i.item = w.item AND i.part = w.part LEFT JOIN dunning.currency AS y ON y.code = w.currency
			CROSS JOIN LATERAL (SELECT dunning.rule_on(w.rule, coalesce(i.contracted_on, i.issued_on, i.due_on)) AS rule,
				_dunning.costs_from(w.rule, w.ledger, w.item, w.part, w.due_on, $2) AS due_on) AS q
		), c AS (
			SELECT p.*, CASE WHEN p.settled THEN (p.past).interest ELSE p.late_interest END AS cost, CASE WHEN p.settled
				THEN (p.past).late_fee ELSE p.late_fee END AS fee,
				CASE WHEN p.settled THEN (p.past).compensation ELSE p.compensation END AS fixed, CASE WHEN p.settled THEN (p.past).currency
					ELSE p.compensation_currency END AS fixed_currency
			FROM p
		), b AS (
			SELECT c.*, CASE WHEN (c.document IS NOT NULL OR c.part > 1) AND c.fixed > 0
				AND EXISTS (SELECT FROM c AS o WHERE coalesce(o.document, o.item) = coalesce(c.document, c.item)
				AND (o.document IS NULL) = (c.document IS NULL) AND o.fixed > 0
				AND (o.due_on, o.item, o.part) < (c.due_on, c.item, c.part)) THEN 0 ELSE c.fixed END AS owed,
				CASE WHEN c.reason = 'handover' THEN (SELECT _dunning.receiver_text(h.kind, h.receiver, $3) FROM dunning.handover AS h
					WHERE h.item = c.item AND h.ledger = c.ledger AND h.on_day <= $2 AND (h.ended_on > $2) IS NOT FALSE
					ORDER BY h.handover DESC LIMIT 1)
					WHEN c.reason = 'hold' THEN (SELECT CASE WHEN $3 = 'fr' THEN coalesce(r.label_fr, r.label_en) ELSE r.label_en END
						FROM dunning.hold_reason AS r WHERE r.name = c.reason_name) END AS told_as
			FROM c
		)
		SELECT jsonb_agg(jsonb_build_object('reference', coalesce(b.reference, b.item::text), 'part', CASE WHEN b.part > 1 THEN b.part END,
			'what', _dunning.movement_text(b.kind, true, b.amount, $3), 'issued_on', _dunning.day(b.issued_on, $3), 'due_on', _dunning.day(b.due_on, $3),
			'amount', dunning.format_money(b.amount, b.currency, $3), 'open_amount', dunning.format_money(b.open_amount, b.currency, $3), 'days_past_due', CASE
				WHEN b.open_amount > 0 AND b.days_past_due > 0 THEN b.days_past_due END,
			'interest', dunning.format_money(nullif(b.cost, 0), b.currency, $3), 'compensation', dunning.format_money(nullif(b.owed, 0), b.fixed_currency, $3),
			'late_fee', dunning.format_money(nullif(b.fee, 0), b.currency, $3),
			'state', _dunning.why_state(jsonb_populate_record(b.listed, jsonb_strip_nulls(jsonb_build_object('reason_name', b.told_as,
				'channel', _dunning.channel_text(b.channel, $3)))), $3), 'problem',
				coalesce(b.problem, b.penalty_problem),
			'movements', (SELECT jsonb_agg(jsonb_build_object('on_day', _dunning.day(m.on_day, $3), 'what', m.what, 'amount',
				dunning.format_money(m.amount, b.currency, $3), 'balance', dunning.format_money(m.balance, b.currency, $3),
				'raw', jsonb_build_object('on_day', m.on_day, 'amount', m.amount, 'balance', m.balance)) ORDER BY m.nth)
					FROM _dunning.item_movements(b.source, $2, $3) AS m),
			'reckoning', (SELECT jsonb_agg(jsonb_build_object('from_day', _dunning.day((s.v ->> 'from_day')::date, $3), 'to_day', _dunning.day((s.v ->> 'to_day')::date, $3), 'days',
				s.v -> 'days',
				'rate', _dunning.percent_text((s.v ->> 'rate')::numeric, $3), 'principal', dunning.format_money((s.v ->> 'principal')::numeric, b.currency, $3),
				'interest', dunning.format_money((s.v ->> 'amount')::numeric, b.currency, $3), 'raw', s.v) ORDER BY s.n)
				FROM jsonb_array_elements(_dunning.reckoning((b.source).history, b.open_amount, b.costs_from, $2, CASE WHEN b.cost <> 0
					THEN b.own_rule END, (b.source).professional, b.currency, b.decimals,
					dunning.paused(b.ledger, b.item, b.part, b.customer, $2))) WITH ORDINALITY AS s (v, n)),
			'late_fees', (SELECT jsonb_agg(_dunning.late_fee_part(s.v, b.currency, b.decimals, $3) ORDER BY s.n)
				FROM jsonb_array_elements(_dunning.joined_periods(_dunning.reckoning((b.source).history, b.open_amount, b.costs_from, $2,
					CASE WHEN b.fee <> 0 AND b.cost IS NOT NULL THEN b.own_rule END, (b.source).professional, b.currency, b.decimals,
					dunning.paused(b.ledger, b.item, b.part, b.customer, $2), '{late_fee}'))) WITH ORDINALITY AS s (v, n)),
			'has_fees', r.fees IS NOT NULL, 'fees', coalesce(r.fees, '[]'),
			'raw', jsonb_build_object('item', b.item::text, 'part', b.part, 'company', b.company, 'currency', b.currency, 'issued_on', b.issued_on, 'due_on', b.due_on, 'amount', b.amount,
				'open_amount', b.open_amount,
				'interest', b.cost, 'late_fee', b.fee, 'compensation', b.owed, 'compensation_currency', b.fixed_currency, 'state', b.state, 'rule', b.rule))
			ORDER BY b.due_on, b.reference COLLATE "C", b.item, b.part)
		FROM b CROSS JOIN LATERAL (
			SELECT jsonb_agg(jsonb_build_object('sent_on', _dunning.day(m.sent_on, $3), 'channel', _dunning.channel_text(m.channel, $3), 'label', m.label,
				'amount', dunning.format_money(m.fee, coalesce(m.fee_currency, b.currency), $3),
				'raw', jsonb_build_object('sent_on', m.sent_on, 'amount', m.fee, 'currency', coalesce(m.fee_currency, b.currency)))
				ORDER BY m.sent_on, m.reminder) AS fees
			FROM dunning.reminder AS m
			WHERE m.item = b.item AND m.ledger = b.ledger AND m.part = b.part AND m.fee <> 0 AND m.sent_on <= $2
				AND (m.cancelled_on > $2) IS NOT FALSE) AS r $q$, _dunning.worklist_query('(SELECT u.* FROM unnest($1) AS u)', 'false', format('%L::date', day)))
	INTO parts USING items, day, lang;
	SELECT jsonb_agg(jsonb_build_object('currency', t.currency, 'count', t.n, 'open_amount', dunning.format_money(t.open_amount, t.currency, lang), 'overdue',
		dunning.format_money(t.overdue, t.currency, lang),
		'interest', dunning.format_money(t.interest, t.currency, lang), 'late_fee', dunning.format_money(t.late_fee, t.currency, lang),
		'compensation', dunning.format_money(t.compensation, t.currency, lang), 'fees', dunning.format_money(t.fees, t.currency, lang),
		'total', dunning.format_money(t.open_amount + t.interest + t.late_fee + t.compensation + t.fees, t.currency, lang), 'claimed',
			dunning.format_money(t.claimed, t.currency, lang),
		'raw', jsonb_build_object('open_amount', t.open_amount, 'overdue', t.overdue, 'interest', t.interest, 'late_fee', t.late_fee,
			'compensation', t.compensation, 'fees', t.fees, 'total', t.open_amount + t.interest + t.late_fee + t.compensation + t.fees,
			'claimed', t.claimed))
		ORDER BY t.currency) INTO totals
	FROM (
		SELECT v.currency, count(v.open_amount) FILTER (WHERE v.open_amount <> 0) AS n, coalesce(sum(v.open_amount), 0) AS open_amount,
			coalesce(sum(v.open_amount) FILTER (WHERE v.overdue), 0) AS overdue,
			coalesce(sum(v.interest), 0) AS interest, coalesce(sum(v.late_fee), 0) AS late_fee,
			coalesce(sum(v.compensation), 0) AS compensation, coalesce(sum(v.fees), 0) AS fees,
				coalesce(sum(v.claimed), 0) AS claimed
		FROM (
			SELECT p ->> 'currency' AS currency, (p ->> 'open_amount')::numeric AS open_amount, (p ->> 'due_on')::date < day AND (p ->> 'open_amount')::numeric > 0 AS overdue,
				(p ->> 'interest')::numeric AS interest, (p ->> 'late_fee')::numeric AS late_fee, NULL::numeric AS compensation,
					NULL::numeric AS fees,
					NULL::numeric AS claimed
			FROM jsonb_path_query(parts, '$[*].raw') AS p
			UNION ALL
			SELECT p ->> 'compensation_currency', NULL, NULL, NULL, NULL, (p ->> 'compensation')::numeric, NULL, NULL FROM jsonb_path_query(parts, '$[*].raw') AS p
			WHERE (p ->> 'compensation')::numeric <> 0
			UNION ALL
			SELECT p ->> 'currency', NULL, NULL, NULL, NULL, NULL, (p ->> 'amount')::numeric, NULL FROM jsonb_path_query(parts, '$[*].fees[*].raw') AS p
			UNION ALL
			SELECT c.currency, NULL, NULL, NULL, NULL, NULL, NULL, c.amount FROM dunning.claim AS c
			WHERE c.customer = case_file.customer AND c.ledger = case_file.ledger AND c.as_of <= day AND c.state <> 'waived'
		) AS v GROUP BY v.currency
	) AS t;
	SELECT jsonb_agg(jsonb_build_object('on_day', _dunning.day(l.on_day, lang), 'time', to_char(l.at_time, 'HH24:MI'), 'kind', l.kind, 'what', l.what, 'amount',
		dunning.format_money(l.amount, l.currency, lang), 'by_whom', l.by_whom,
		'raw', to_jsonb(l) - 'what') ORDER BY l.n) INTO log
	FROM (SELECT f.*, row_number() OVER () AS n FROM dunning.contact_log(case_file.ledger, case_file.customer, NULL, day, lang) AS f) AS l;
	SELECT jsonb_agg(jsonb_build_object('sent_on', _dunning.day(n.sent_on, lang), 'channel', _dunning.channel_text(n.channel, lang),
			'address', coalesce(CASE _dunning.channel_needs(n.channel) WHEN 'email' THEN n.email WHEN 'phone' THEN n.phone END, n.address),
			'subject', n.subject, 'body', n.body, 'total', dunning.format_money(_dunning.asked_by(n), n.currency, lang),
			'deposit_number', n.deposit_number,
			'presented_on', _dunning.day(n.presented_on, lang), 'returned_on', _dunning.day(n.returned_on, lang), 'return_reason', n.return_reason,
			'files', coalesce((SELECT jsonb_agg(f ->> 'name') FROM jsonb_array_elements(n.attachments) AS f), '[]'),
			'raw', jsonb_build_object('notice', n.notice, 'channel', n.channel, 'sent_on', n.sent_on, 'currency', n.currency, 'total', _dunning.asked_by(n),
				'presented_on', n.presented_on, 'returned_on', n.returned_on)) ORDER BY n.sent_on, n.notice) INTO notices
	FROM _dunning.customer_notices(case_file.ledger, case_file.customer) AS n WHERE n.sent_on <= day;
	RETURN _dunning.file_head(case_file.ledger, case_file.customer, items, day, lang)
		|| jsonb_build_object('file', jsonb_build_object('totals', coalesce(totals, '[]'), 'items', coalesce(parts, '[]'), 'log', coalesce(log, '[]'),
			'has_late_fees', parts @? '$[*].raw.late_fee ? (@ != 0)', 'has_fees', parts @? '$[*].fees[*].raw', 'has_notices', notices IS NOT NULL, 'notices', coalesce(notices, '[]')));
END
$$;
COMMENT ON FUNCTION dunning.case_file(name, dunning.item_key, date, text) IS
	'The file of a customer on a day, for a lawyer or a bailiff, in English (en) or French (fr): totals, items with their movements and the reckoning of penalties, all that happened with him, and the messages as they were sent. Error 42704 for a customer without items';

CREATE FUNCTION _dunning.render_page(name text, context jsonb, day date) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t dunning.template;
BEGIN
	IF context IS NULL THEN
		RETURN NULL;
	END IF;
	SELECT f.* INTO t FROM dunning.find_template(name, context ->> 'language', on_day => day) AS f;
	IF t.kind IS DISTINCT FROM 'page' THEN
		RAISE EXCEPTION 'there is no page "%" in language "%"', name, context ->> 'language'
			USING ERRCODE = 'undefined_object', HINT = 'SELECT name, language FROM dunning.template WHERE kind = ''page'' lists them; dunning.save_template adds one.';
	END IF;
	RETURN dunning.render(t.body, context, (SELECT p FROM _dunning.template_partials(context ->> 'language', day) AS p), 'html');
END
$$;
COMMENT ON FUNCTION _dunning.render_page(text, jsonb, date) IS 'A page of dunning.template filled with a context; all values are escaped. Error 42704 if there is none';

CREATE FUNCTION dunning.case_page(ledger name, customer dunning.item_key, as_of date DEFAULT dunning.today(), language text DEFAULT 'en')
	RETURNS text
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT _dunning.render_page('case_file', dunning.case_file(case_page.ledger, case_page.customer, case_page.as_of, case_page.language),
		coalesce(case_page.as_of, dunning.today()))
$$;
COMMENT ON FUNCTION dunning.case_page(name, dunning.item_key, date, text) IS 'dunning.case_file as a page of HTML that needs nothing else, for printing on A4';

CREATE FUNCTION dunning.statement(ledger name, customer dunning.item_key, from_day date, to_day date DEFAULT dunning.today(),
	company text DEFAULT NULL, currency text DEFAULT NULL,
		language text DEFAULT 'en') RETURNS jsonb
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	lang CONSTANT text := _dunning.need_page_language(statement.language);
	first CONSTANT date := statement.from_day;
	last CONSTANT date := coalesce(statement.to_day, dunning.today());
	items _dunning.item_row[];
	several text;
	money text;
	account jsonb;
BEGIN
	IF statement.ledger IS NULL OR statement.customer IS NULL OR first IS NULL THEN
		RETURN NULL;
	END IF;
	PERFORM _dunning.need_ledger(statement.ledger);
	IF NOT isfinite(first) OR NOT isfinite(last) OR first > last OR first = '0001-01-01' THEN
		RAISE EXCEPTION 'there is no statement from % to %', _dunning.day_text(first), _dunning.day_text(last) USING ERRCODE = 'invalid_parameter_value', HINT = 'Give two days, the first one no later than the last.';
	END IF;
	SELECT array_agg(i) INTO items FROM _dunning.customer_items(statement.ledger, statement.customer, last) AS i
	WHERE (statement.company IS NULL OR i.company = statement.company) AND (statement.currency IS NULL OR i.currency = statement.currency);
	IF items IS NULL THEN
		PERFORM _dunning.need_customer(statement.ledger, statement.customer);
		items := '{}';
	END IF;
	SELECT string_agg(DISTINCT i.currency, ', '), coalesce(statement.currency, min(i.currency)) INTO several, money
	FROM unnest(items) AS i HAVING count(DISTINCT i.currency) > 1 OR count(*) >= 0;
	IF several LIKE '%, %' THEN
		RAISE EXCEPTION 'one statement cannot be about items of several currencies: %', several USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the currency.';
	END IF;
	SELECT jsonb_build_object('from_day', _dunning.day(first, lang), 'to_day', _dunning.day(last, lang), 'currency', money,
			'opening_balance', dunning.format_money(coalesce(sum(m.amount) FILTER (WHERE m.on_day < first), 0), money, lang), 'closing_balance',
				dunning.format_money(coalesce(sum(m.amount), 0), money, lang),
			'movements', coalesce(jsonb_agg(jsonb_build_object('on_day', _dunning.day(m.on_day, lang), 'reference', m.reference, 'what', m.what, 'due_on',
				_dunning.day(m.due_on, lang),
				'amount', dunning.format_money(m.amount, money, lang), 'balance', dunning.format_money(m.balance, money, lang),
				'raw', jsonb_build_object('on_day', m.on_day, 'item', m.item::text, 'due_on', m.due_on, 'amount', m.amount, 'balance', m.balance)) ORDER BY m.n)
					FILTER (WHERE m.on_day >= first), '[]'),
			'raw', jsonb_build_object('from_day', first, 'to_day', last, 'opening_balance', coalesce(sum(m.amount) FILTER (WHERE m.on_day < first), 0), 'closing_balance',
				coalesce(sum(m.amount), 0)))
	INTO account
	FROM (
		SELECT v.*, row_number() OVER w AS n, sum(v.amount) OVER w AS balance
		FROM (SELECT m.on_day, m.nth, m.what, m.amount, i.item, i.part, coalesce(i.reference, i.item::text) AS reference, CASE
			WHEN m.nth = 1 THEN i.due_on END AS due_on
			FROM unnest(items) AS i CROSS JOIN LATERAL _dunning.item_movements(i, last, lang) AS m) AS v
		WINDOW w AS (ORDER BY v.on_day, v.nth, v.reference COLLATE "C", v.item, v.part ROWS UNBOUNDED PRECEDING)
	) AS m;
	RETURN _dunning.file_head(statement.ledger, statement.customer, items, last, lang) || jsonb_build_object('currency', money, 'statement', account);
END
$$;
COMMENT ON FUNCTION dunning.statement(name, dunning.item_key, date, date, text, text, text) IS
	'The statement of account of a customer in one currency: the balance before the first day, each movement, the balance after the last day. It is the context of the templates statement and statement_page. Errors: 42704 for a customer without items, 22023 for several currencies';

CREATE FUNCTION dunning.statement_page(ledger name, customer dunning.item_key, from_day date, to_day date DEFAULT dunning.today(),
	company text DEFAULT NULL, currency text DEFAULT NULL,
		language text DEFAULT 'en') RETURNS text
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT _dunning.render_page('statement_page', dunning.statement(statement_page.ledger, statement_page.customer, statement_page.from_day,
		statement_page.to_day, statement_page.company,
		statement_page.currency, statement_page.language), coalesce(statement_page.to_day, dunning.today()))
$$;
COMMENT ON FUNCTION dunning.statement_page(name, dunning.item_key, date, date, text, text, text) IS 'dunning.statement as a page of HTML that needs nothing else, for printing on A4';
