-- The context of a message, built from the ledgers.

CREATE TYPE _dunning.notice_line AS ( --: An item of a message, as it is when the message is written
	item dunning.item_key, --: Key of the item
	part integer, --: Part of the item
	customer dunning.item_key, --: Key of the customer
	customer_name text, --: Name of the customer
	payer dunning.item_key, --: Key of who pays for him
	payer_name text, --: Name of who pays
	company text, --: Company of the item
	currency text, --: Currency of the amounts
	professional boolean, --: Whether the debtor is a professional
	language text, --: Language of the customer
	email text, --: E-mail address
	phone text, --: Telephone number
	reference text, --: What the customer knows the item by
	issued_on date, --: Issue date
	due_on date, --: Due date
	amount numeric, --: Amount as issued
	open_amount numeric, --: What is asked for: the open amount without what is held
	days_past_due integer, --: Days past due
	interest numeric, --: Late interest; NULL: it cannot be computed
	compensation numeric, --: Fixed compensation
	compensation_currency text, --: Currency of the compensation
	late_fee numeric, --: Late fees by period
	fee numeric, --: Fee of the step
	fee_currency text, --: Currency of the fee
	rates numeric[], --: Annual rates of the interest in percent, that of the day last; NULL: none
	mention text, --: Name of the rule whose sentence of the law about late payment is shown
	reckoning jsonb, --: The spans of the interest
	late_fees jsonb, --: The periods of the late fees
	procedure text, --: Name of the dunning procedure
	last_reminder_on date --: Day of the last reminder that was sent
);

CREATE FUNCTION _dunning.rates_of(rule dunning.penalty_rule, due_on date, day date) RETURNS numeric[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN c.constant_rate IS NOT NULL THEN ARRAY[c.constant_rate] ELSE (
		SELECT array_agg(r.rate ORDER BY r.from_day) FROM dunning.rates(dunning.rate_history(rates_of.rule)) AS r
		WHERE r.from_day <= CASE c.selection WHEN 'fixed at start' THEN rates_of.due_on + 1 ELSE rates_of.day END
			AND (r.to_day > rates_of.due_on) IS NOT FALSE) END
	FROM dunning.penalty_clauses(rates_of.rule) AS c
$$;
COMMENT ON FUNCTION _dunning.rates_of(dunning.penalty_rule, date, date) IS
	'The annual rates in percent at which a debt bore interest from its due date to a day by a rule, that of the day last; NULL if none is known';

CREATE FUNCTION _dunning.mention_of(rule text, language text, day date) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (SELECT dunning.penalty_mention(r.jurisdiction, mention_of.language, mention_of.day, r.rate)
		FROM dunning.rule AS r JOIN dunning.jurisdiction AS j ON j.code = r.jurisdiction AND j.valid_from <= mention_of.day
		WHERE r.name = mention_of.rule AND EXISTS (SELECT FROM dunning.mention AS m
			WHERE m.jurisdiction IN (r.jurisdiction, '') AND m.language = mention_of.language AND m.runs_from = j.runs_from)
		ORDER BY j.valid_from DESC LIMIT 1);
COMMENT ON FUNCTION _dunning.mention_of(text, text, date) IS 'The sentence about late payment of the jurisdiction that a rule follows; NULL if there is none in the language';

CREATE FUNCTION _dunning.mention_rule(lines _dunning.notice_line[]) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT m.mention FROM unnest(lines) AS m WHERE m.mention IS NOT NULL ORDER BY m.due_on DESC LIMIT 1);
END
$$;
COMMENT ON FUNCTION _dunning.mention_rule(_dunning.notice_line[]) IS 'The rule whose sentence a message shows: that of the last item with interest to fall due; NULL if there is none';

CREATE FUNCTION _dunning.money(amount numeric, currency text, language text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN CASE WHEN amount <> 0 THEN dunning.format_money(amount, currency, language) END;
COMMENT ON FUNCTION _dunning.money(numeric, text, text) IS 'An amount as a text of the language; NULL for 0';

CREATE FUNCTION _dunning.day(day date, language text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN day BETWEEN '0001-01-01' AND '9999-12-31' THEN dunning.format_date(day, language) END;
COMMENT ON FUNCTION _dunning.day(date, text) IS 'A day as a text of the language; NULL for one that cannot be written';

-- Letters, digits and - . _ ~ stand for themselves in an address of the web.
CREATE FUNCTION _dunning.url_escaped(value text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT string_agg(CASE WHEN c.c ~ '^[A-Za-z0-9._~-]$' THEN c.c ELSE upper(regexp_replace(encode(convert_to(c.c, 'UTF8'), 'hex'), '(..)', '%\1', 'g')) END, ''
		ORDER BY c.n)
	FROM regexp_split_to_table(url_escaped.value, '') WITH ORDINALITY AS c (c, n)
$$;
COMMENT ON FUNCTION _dunning.url_escaped(text) IS 'A text of which each character that does not stand for itself in an address of the web is written as its bytes';

-- These are put in place of their calls by the planner.
CREATE FUNCTION _dunning.url_text(value text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN value ~ '^[A-Za-z0-9._~-]*$' THEN value ELSE _dunning.url_escaped(value) END;
COMMENT ON FUNCTION _dunning.url_text(text) IS 'A text as it stands within an address of the web';

CREATE FUNCTION _dunning.fill_link(pattern text, name text, value text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN replace(pattern, '{' || name || '}', coalesce(_dunning.url_text(value), ''));
COMMENT ON FUNCTION _dunning.fill_link(text, text, text) IS 'An address of the web with a value in place of a name in braces';

CREATE FUNCTION _dunning.reference_of(number text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN regexp_replace(number, '[-/._ ]', '', 'g') ~ '^[A-Za-z0-9]{1,21}$' THEN dunning.creditor_reference(number) END;
COMMENT ON FUNCTION _dunning.reference_of(text) IS 'The creditor reference of a number; NULL if none can be made';

CREATE FUNCTION _dunning.qr_of(name text, iban text, bic text, amount numeric, currency text, reference text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN currency = 'EUR' AND iban IS NOT NULL AND amount BETWEEN 0.01 AND 999999999.99 AND amount = round(amount, 2)
		AND btrim(name) <> ''
		THEN dunning.epc_qr(left(name, 70), iban, amount, reference, bic => bic) END;
COMMENT ON FUNCTION _dunning.qr_of(text, text, text, numeric, text, text) IS 'The text of the QR code of a transfer; NULL where there can be none, such as in another currency than euros';

-- What a message says of credits, by the setting netting: those that it sets off, and those that it only shows.
CREATE FUNCTION _dunning.payer_credits(ledger name, payers dunning.item_key[], day date)
	RETURNS TABLE (payer dunning.item_key, company text, currency text, netted numeric, credits jsonb)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
	IF coalesce(cardinality(payers), 0) = 0 THEN
		RETURN;
	END IF;
	RETURN QUERY EXECUTE format($q$
		SELECT i.payer, i.company, i.currency, coalesce(- sum(i.open_amount) FILTER (WHERE %1$s), 0),
			jsonb_agg(jsonb_build_object('reference', coalesce(i.reference, i.item::text), 'kind', i.kind, 'issued_on', i.issued_on, 'open_amount', - i.open_amount, 'nets',
				%1$s) ORDER BY i.issued_on, i.item, i.part)
		FROM %2$s AS i
		WHERE i.payer IS NOT NULL AND i.open_amount < 0 AND i.open_amount > '-Infinity' AND i.dunnable IS NOT FALSE
		GROUP BY i.payer, i.company, i.currency $q$,
		_dunning.netted_query('i.ledger', 'i.kind', 'i.open_amount'),
		-- who pays for others is known in each item only
		_dunning.keys_source(payer_credits.ledger, day, payers, CASE WHEN _dunning.has_payers(payer_credits.ledger) THEN 'payer' ELSE 'customer' END));
END
$$;
COMMENT ON FUNCTION _dunning.payer_credits(name, dunning.item_key[], date) IS
	'The open credits of payers on a day, by company and currency: what of them is set off by the setting netting, and each of them, the oldest first';

CREATE FUNCTION _dunning.credit_word(kind text, language text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (CASE language WHEN 'fr' THEN '{avoir,acompte,règlement}' WHEN 'de' THEN '{Gutschrift,Anzahlung,Zahlung}' WHEN 'nl' THEN '{creditnota,aanbetaling,betaling}'
		ELSE '{credit note,down payment,payment}' END::text[])[CASE kind WHEN 'down_payment' THEN 2 WHEN 'receipt' THEN 3 ELSE 1 END];
COMMENT ON FUNCTION _dunning.credit_word(text, text) IS 'A kind of credit as a word of the language';

CREATE FUNCTION _dunning.credits_part(credits jsonb, set_off numeric, currency text, decimals integer, language text) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_agg(jsonb_build_object('what', _dunning.credit_word(c.v ->> 'kind', credits_part.language), 'reference', c.v ->> 'reference', 'issued_on',
		_dunning.day((c.v ->> 'issued_on')::date, credits_part.language),
		'open_amount', _dunning.format_amount(c.open_amount, credits_part.decimals, credits_part.currency, credits_part.language),
		'set_off', _dunning.format_amount(nullif(c.part, 0), credits_part.decimals, credits_part.currency, credits_part.language),
		'raw', jsonb_build_object('kind', c.v ->> 'kind', 'issued_on', c.v -> 'issued_on', 'open_amount', c.open_amount, 'set_off', c.part)) ORDER BY c.n)
	FROM (
		SELECT k.v, k.n, k.open_amount, CASE WHEN k.nets THEN greatest(least(k.open_amount,
			credits_part.set_off - (sum(k.open_amount) FILTER (WHERE k.nets) OVER (ORDER BY k.n) - k.open_amount)), 0) ELSE 0 END AS part
		FROM (SELECT e.v, e.n, (e.v ->> 'open_amount')::numeric AS open_amount, (e.v ->> 'nets')::boolean AS nets
			FROM jsonb_array_elements(credits_part.credits) WITH ORDINALITY AS e (v, n)) AS k
	) AS c
$$;
COMMENT ON FUNCTION _dunning.credits_part(jsonb, numeric, text, integer, text) IS
	'The part credits of the context of a message, from the credits of _dunning.payer_credits and what of them the message sets off, the oldest first';

-- The spans of the interest of an item.
CREATE FUNCTION _dunning.reckoning(history dunning.balance_history, open_amount numeric, due_on date, day date, rule dunning.penalty_rule,
	professional boolean,
		currency text, decimals integer, paused dunning.balance_history, kinds text[] DEFAULT '{interest,least,most}') RETURNS jsonb
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_agg(jsonb_build_object('from_day', e.from_day, 'to_day', e.to_day, 'days', e.days, 'rate', e.rate, 'principal', e.principal, 'amount', e.amount)
		ORDER BY e.segment)
	FROM (SELECT dunning.with_default_decimals(coalesce(dunning.with_currency(reckoning.rule, reckoning.currency), reckoning.rule),
		reckoning.decimals) AS rule, coalesce(reckoning.professional, true) AS professional) AS r
	CROSS JOIN LATERAL (
		SELECT s.* FROM dunning.explain_penalty(reckoning.history, reckoning.due_on, reckoning.day, r.rule, r.professional,
			reckoning.paused) AS s
		UNION ALL
		SELECT s.* FROM dunning.explain_penalty(reckoning.open_amount, reckoning.due_on, reckoning.day, r.rule, r.professional) AS s
		WHERE reckoning.history IS NULL AND reckoning.paused IS NULL
	) AS e
	WHERE e.kind = ANY (reckoning.kinds)
$$;
COMMENT ON FUNCTION _dunning.reckoning(dunning.balance_history, numeric, date, date, dunning.penalty_rule, boolean, text, integer,
	dunning.balance_history, text[]) IS
	'The spans of days of the interest of an item, or the periods of its late fees, which add up to it; NULL if there are none';

-- A fee of each month for years is one line, not sixty.
CREATE FUNCTION _dunning.joined_periods(periods jsonb) RETURNS jsonb
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_agg(jsonb_build_object('from_day', j.from_day, 'to_day', j.to_day, 'periods', j.periods, 'rate', j.rate, 'principal', j.principal, 'each', j.each,
		'amount', j.amount) ORDER BY j.n)
	FROM (
		SELECT min(p.n) AS n, min(p.from_day) AS from_day, max(p.to_day) AS to_day, count(*) AS periods, p.rate, p.principal,
			p.amount AS each, sum(p.amount) AS amount
		FROM (
			SELECT o.*, count(*) FILTER (WHERE o.begins) OVER (PARTITION BY o.rate, o.principal, o.amount ORDER BY o.from_day, o.n) AS nth
			FROM (
				SELECT e.*, e.from_day IS DISTINCT FROM lag(e.to_day) OVER (PARTITION BY e.rate, e.principal, e.amount
					ORDER BY e.from_day, e.n) + 1 AS begins
				FROM ROWS FROM (jsonb_to_recordset(joined_periods.periods) AS (from_day date, to_day date, rate numeric, principal numeric,
					amount numeric)) WITH ORDINALITY AS e (from_day, to_day, rate, principal, amount, n)
			) AS o
		) AS p
		GROUP BY p.rate, p.principal, p.amount, p.nth
	) AS j
$$;
COMMENT ON FUNCTION _dunning.joined_periods(jsonb) IS 'The periods of late fees of an item, of which those that follow each other with one amount and one base are one, with their number';

CREATE FUNCTION _dunning.late_fee_part(period jsonb, currency text, decimals integer, language text) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN jsonb_build_object('from_day', _dunning.day((period ->> 'from_day')::date, language),
		'to_day', _dunning.day((period ->> 'to_day')::date, language), 'periods', period -> 'periods', 'several', (period ->> 'periods')::integer > 1,
		'rate', _dunning.percent_text((period ->> 'rate')::numeric, language),
		'principal', _dunning.format_amount((period ->> 'principal')::numeric, decimals, currency, language),
		'each', _dunning.format_amount((period ->> 'each')::numeric, decimals, currency, language),
		'amount', _dunning.format_amount((period ->> 'amount')::numeric, decimals, currency, language), 'raw', period);
COMMENT ON FUNCTION _dunning.late_fee_part(jsonb, text, integer, text) IS 'Periods of a late fee, as _dunning.joined_periods has them, as the context of a message shows them';

CREATE TYPE _dunning.message AS ( --: What a message is made of, but for its template
	lines _dunning.notice_line[], --: Items
	company jsonb, --: Part company of its context
	customer jsonb, --: Part customer
	contact jsonb, --: Part contact
	payment jsonb, --: Part payment, without what depends on the items
	step jsonb, --: Part step
	sent_before jsonb, --: What was sent before, as _dunning.sent_before has it
	currency text, --: Currency
	language text, --: Language
	reference text, --: Its number
	day date, --: Its day
	deadline_days integer, --: Days that it leaves to pay
	invoice_link text, --: Pattern of the address of an invoice
	payment_link text, --: Pattern of the address of a page to pay on
	mention text, --: Sentence of the law about late payment
	penalties_asked boolean, --: Whether it asks for penalties and fees, too
	credits jsonb, --: Credits of the payer, as _dunning.payer_credits has them; NULL: none
	set_off numeric --: What of them is set off
);

-- One query for all, since to start one takes longer than to build a context.  Nothing
-- is read but the decimals of currencies and the words for channels.
CREATE FUNCTION _dunning.build_contexts(messages _dunning.message[]) RETURNS TABLE (n bigint, context jsonb)
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
	RETURN QUERY
	SELECT m.n, jsonb_build_object(
		'language', m.language, 'currency', m.currency, 'reference', m.reference, 'written_on', _dunning.day(m.day, m.spoken),
		'company', m.company, 'customer', m.customer, 'contact', m.contact, 'step', m.step, 'items', coalesce(sums.items, '[]'),
		'credits', CASE WHEN m.credits IS NOT NULL THEN _dunning.credits_part(m.credits, m.set_off, m.currency, m.decimals, m.spoken) ELSE '[]' END,
		'totals', jsonb_build_object('count', sums.n, 'several', sums.n > 1, 'summed', sums.n > 1 OR m.set_off <> 0,
			'credits', _dunning.format_amount(nullif(m.set_off, 0), m.decimals, m.currency, m.spoken),
			'open_amount', _dunning.format_amount(t.open_amount, m.decimals, m.currency, m.spoken),
			'interest', _dunning.format_amount(nullif(sums.interest, 0), m.decimals, m.currency, m.spoken), 'compensation', said.compensation,
			'late_fees', _dunning.format_amount(nullif(sums.late_fee, 0), m.decimals, m.currency, m.spoken),
			'penalty', _dunning.format_amount(nullif(coalesce(sums.interest, 0) + coalesce(sums.compensation, 0) + coalesce(sums.late_fee, 0), 0),
				m.decimals, m.currency, m.spoken),
			'fees', said.fees, 'total', concat_ws(' + ', _dunning.format_amount(t.total, m.decimals, m.currency, m.spoken), said.others),
			'raw', jsonb_build_object('open_amount', t.open_amount, 'credits', m.set_off, 'interest', coalesce(sums.interest, 0),
				'compensation', coalesce(sums.compensation, 0), 'late_fees', coalesce(sums.late_fee, 0),
				'penalty', coalesce(sums.interest, 0) + coalesce(sums.compensation, 0) + coalesce(sums.late_fee, 0),
				'fees', coalesce(sums.fee, 0), 'total', t.total)),
		'penalties', jsonb_build_object('rate', said.rate, 'compensation_each', said.compensation_each, 'mention', m.mention, 'reckoning', r.reckoning,
			'late_fees', r.late_fees,
			'raw', jsonb_build_object('rate', CASE WHEN cardinality(sums.rates) = 1 THEN sums.rates[1] END, 'rates', to_jsonb(sums.rates))),
		'payment', CASE WHEN m.payment IS NOT NULL THEN m.payment || jsonb_build_object(
			'iban', regexp_replace(m.payment ->> 'iban', '(.{4})(?=.)', '\1 ', 'g'), 'reference', t.paid_by,
			'amount', _dunning.format_amount(t.asked, m.decimals, m.currency, m.spoken),
			-- the page of the company takes nothing for an assignee
			'link', CASE WHEN m.payment_link IS NOT NULL AND m.payment -> 'assigned' = 'false' THEN
				_dunning.fill_link(_dunning.fill_link(_dunning.fill_link(_dunning.fill_link(_dunning.fill_link(m.payment_link,
					'notice', m.reference), 'reference', t.paid_by), 'customer', m.customer ->> 'number'), 'amount', t.asked::text), 'currency', m.currency) END,
			'qr', CASE WHEN said.others IS NULL OR NOT m.penalties_asked THEN
				_dunning.qr_of(m.payment ->> 'payee', m.payment ->> 'iban', m.payment ->> 'bic', t.asked, m.currency, t.paid_by) END) END,
		'deadline', jsonb_build_object('days', m.deadline_days, 'pay_before', _dunning.day(m.day + m.deadline_days, m.spoken),
			'raw', jsonb_build_object('pay_before', m.day + m.deadline_days)),
		'sent_before', said.sent_before, 'raw', jsonb_build_object('written_on', m.day))
	FROM (
		SELECT u.*, _dunning.written_language(u.language) AS spoken, y.decimals
		FROM unnest(messages) WITH ORDINALITY AS u (lines, company, customer, contact, payment, step, sent_before, currency, language,
			reference,
			day, deadline_days, invoice_link, payment_link, mention, penalties_asked, credits, set_off, n)
		LEFT JOIN dunning.currency AS y ON y.code = u.currency
	) AS m
	CROSS JOIN LATERAL (
		SELECT jsonb_agg(jsonb_build_object('reference', l.reference, 'part', CASE WHEN l.parts > 1 THEN l.part END,
				'issued_on', _dunning.day(l.issued_on, m.spoken), 'due_on', _dunning.day(l.due_on, m.spoken),
				'amount', _dunning.format_amount(l.amount, m.decimals, m.currency, m.spoken),
				'open_amount', _dunning.format_amount(l.open_amount, m.decimals, m.currency, m.spoken),
				'partly_paid', l.amount <> l.open_amount, 'days_past_due', l.days_past_due, 'one_day', l.days_past_due = 1,
				'interest', _dunning.format_amount(nullif(l.interest, 0), m.decimals, m.currency, m.spoken),
				'compensation', CASE WHEN l.compensation_currency = m.currency
					THEN _dunning.format_amount(nullif(l.compensation, 0), m.decimals, m.currency, m.spoken)
					ELSE _dunning.money(l.compensation, l.compensation_currency, m.spoken) END,
				'late_fee', _dunning.format_amount(nullif(l.late_fee, 0), m.decimals, m.currency, m.spoken),
				'fee', _dunning.money(l.fee, l.fee_currency, m.spoken),
				'last_reminder_on', _dunning.day(l.last_reminder_on, m.spoken), 'customer_name', l.customer_name,
				'link', _dunning.fill_link(_dunning.fill_link(_dunning.fill_link(m.invoice_link, 'item', l.item::text), 'reference', l.reference),
					'customer', l.customer::text),
				'raw', jsonb_build_object('item', l.item::text, 'part', l.part, 'issued_on', l.issued_on, 'due_on', l.due_on,
					'amount', l.amount, 'open_amount', l.open_amount, 'interest', l.interest, 'rate', l.rates[cardinality(l.rates)],
					'compensation', l.compensation, 'compensation_currency', l.compensation_currency,
					'late_fee', l.late_fee, 'fee', l.fee, 'fee_currency', l.fee_currency, 'last_reminder_on', l.last_reminder_on))
				ORDER BY l.due_on, l.reference COLLATE "C", l.part) AS items,
			count(*) AS n, sum(l.open_amount) AS open_amount, sum(l.interest) AS interest, sum(l.late_fee) AS late_fee,
			sum(l.compensation) FILTER (WHERE l.compensation_currency = m.currency) AS compensation,
			sum(l.fee) FILTER (WHERE l.fee_currency = m.currency) AS fee,
			(SELECT array_agg(DISTINCT v.rate ORDER BY v.rate)
				FROM unnest(m.lines) AS u CROSS JOIN LATERAL unnest(u.rates) AS v (rate)) AS rates,
				bool_or(l.reckoning IS NOT NULL) AS reckoned
		FROM (SELECT u.*, max(u.part) OVER (PARTITION BY u.item) AS parts FROM unnest(m.lines) AS u) AS l
	) AS sums
	-- a compensation or a fee in another currency is added to no sum, and asked for beside it
	CROSS JOIN LATERAL (
		SELECT string_agg(_dunning.format_amount(coalesce(c.compensation, 0) + coalesce(c.fee, 0), y.decimals, c.currency, m.spoken), ' + '
			ORDER BY c.currency)
				FILTER (WHERE c.currency IS DISTINCT FROM m.currency) AS others,
			string_agg(_dunning.format_amount(c.compensation, y.decimals, c.currency, m.spoken), ' + '
				ORDER BY c.currency <> m.currency, c.currency) AS compensation,
			string_agg(_dunning.format_amount(c.fee, y.decimals, c.currency, m.spoken), ' + ' ORDER BY c.currency <> m.currency,
				c.currency) AS fees,
			(SELECT string_agg(_dunning.percent_text(r, m.spoken), ' / ') FROM unnest(sums.rates) AS r) AS rate,
			(SELECT string_agg(_dunning.format_amount(e.amount, (SELECT y.decimals FROM dunning.currency AS y WHERE y.code = e.currency),
				e.currency, m.spoken), ' / ')
				FROM (SELECT DISTINCT l.compensation AS amount, l.compensation_currency AS currency FROM unnest(m.lines) AS l
					WHERE l.compensation <> 0 ORDER BY 2, 1) AS e) AS compensation_each,
			(SELECT coalesce(jsonb_agg(jsonb_build_object('sent_on', _dunning.day((b.v ->> 'sent_on')::date, m.spoken),
					'channel', _dunning.channel_text(b.v ->> 'channel', m.spoken), 'label', b.v ->> 'label',
					'raw', jsonb_build_object('sent_on', b.v ->> 'sent_on', 'channel', b.v ->> 'channel')) ORDER BY b.n), '[]')
				FROM jsonb_array_elements(m.sent_before) WITH ORDINALITY AS b (v, n)) AS sent_before
		FROM (
			SELECT v.currency, sum(v.compensation) AS compensation, sum(v.fee) AS fee
			FROM unnest(m.lines) AS l
			CROSS JOIN LATERAL (VALUES (l.compensation_currency, l.compensation, NULL), (l.fee_currency, NULL, l.fee))
				AS v (currency, compensation, fee)
			WHERE coalesce(v.compensation, v.fee) <> 0 GROUP BY v.currency
		) AS c
		LEFT JOIN dunning.currency AS y ON y.code = c.currency
	) AS said
	CROSS JOIN LATERAL (
		SELECT CASE WHEN sums.reckoned THEN (
			SELECT jsonb_agg(jsonb_build_object('reference', l.reference,
					'from_day', _dunning.day((s.v ->> 'from_day')::date, m.spoken), 'to_day', _dunning.day((s.v ->> 'to_day')::date, m.spoken),
					'days', s.v -> 'days', 'rate', _dunning.percent_text((s.v ->> 'rate')::numeric, m.spoken),
					'principal', _dunning.format_amount((s.v ->> 'principal')::numeric, m.decimals, m.currency, m.spoken),
					'interest', _dunning.format_amount((s.v ->> 'amount')::numeric, m.decimals, m.currency, m.spoken), 'raw', s.v)
				ORDER BY l.due_on, l.reference COLLATE "C", l.part, s.n)
			FROM unnest(m.lines) AS l CROSS JOIN LATERAL jsonb_array_elements(l.reckoning) WITH ORDINALITY AS s (v, n)) END AS reckoning,
			CASE WHEN sums.late_fee <> 0 THEN (
				SELECT coalesce(jsonb_agg(jsonb_build_object('reference', l.reference)
						|| _dunning.late_fee_part(s.v, m.currency, m.decimals, m.spoken)
					ORDER BY l.due_on, l.reference COLLATE "C", l.part, s.n), '[]')
				FROM unnest(m.lines) AS l CROSS JOIN LATERAL jsonb_array_elements(l.late_fees) WITH ORDINALITY AS s (v, n))
				ELSE '[]' END AS late_fees
	) AS r
	CROSS JOIN LATERAL (
		SELECT o.open_amount, v.total,
			-- a reminder asks for what is open, a formal notice for all
			CASE WHEN m.penalties_asked THEN v.total ELSE o.open_amount END AS asked,
			coalesce(_dunning.reference_of(CASE WHEN sums.n = 1 THEN sums.items #>> '{0,reference}' ELSE coalesce(m.customer ->> 'number', '') END),
				_dunning.reference_of(m.reference)) AS paid_by
		FROM (SELECT sums.open_amount - m.set_off AS open_amount) AS o
		CROSS JOIN LATERAL (SELECT o.open_amount + coalesce(sums.interest, 0) + coalesce(sums.compensation, 0) + coalesce(sums.late_fee, 0)
			+ coalesce(sums.fee, 0) AS total) AS v
		OFFSET 0
	) AS t;
END
$$;
COMMENT ON FUNCTION _dunning.build_contexts(_dunning.message[]) IS
	'The contexts of messages, by their place in the array: amounts and days as texts of the language, and raw';

CREATE FUNCTION _dunning.sender_part(s dunning.sender, company text) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN jsonb_build_object('name', coalesce(s.name, company), 'address', s.address, 'city', s.city, 'country', s.country, 'email', s.email, 'phone', s.phone,
		'siren', s.siren, 'vat_number', s.vat_number, 'legal', s.legal, 'signatory', s.signatory, 'signatory_role', s.signatory_role);
COMMENT ON FUNCTION _dunning.sender_part(dunning.sender, text) IS 'The part company of the context of a message';

-- An identifier says by its check digits what it is.  A debtor whose country is not known is of the country of who writes.
CREATE FUNCTION _dunning.customer_part(number text, facts jsonb, s dunning.sender) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN jsonb_build_object('number', number, 'name', facts ->> 'name', 'address', _dunning.postal_address(facts, s), 'city', facts ->> 'city',
		'country', facts ->> 'country',
		'siren', CASE WHEN dunning.is_siren(facts ->> 'identifier') THEN regexp_replace(facts ->> 'identifier', '\D', '', 'g')
			WHEN dunning.is_siret(facts ->> 'identifier') THEN left(regexp_replace(facts ->> 'identifier', '\D', '', 'g'), 9) END,
		'vat_number', CASE WHEN facts ->> 'identifier' ~ '^\s*[A-Za-z]{2}' THEN facts ->> 'identifier' END,
		'professional', coalesce((facts ->> 'professional')::boolean, true),
		'raw', jsonb_build_object('country', coalesce(_dunning.country_code(facts ->> 'country'), _dunning.country_code(_dunning.home_country(s)))));
COMMENT ON FUNCTION _dunning.customer_part(text, jsonb, dunning.sender) IS 'The part customer of the context of a message of a sender, from what the ERP has of him';

CREATE FUNCTION _dunning.payment_part(s dunning.sender, a dunning.payee, company text) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN CASE
		WHEN a.payee IS NOT NULL THEN jsonb_build_object('payee', a.name, 'iban', a.iban, 'bic', a.bic, 'assigned', true, 'mention', a.mention)
		WHEN s.iban IS NOT NULL THEN jsonb_build_object('payee', coalesce(s.name, company), 'iban', s.iban, 'bic', s.bic, 'assigned', false, 'mention', NULL) END;
COMMENT ON FUNCTION _dunning.payment_part(dunning.sender, dunning.payee, text) IS 'The part payment of the context of a message: the assignee or the company; NULL if no account is known';

CREATE FUNCTION _dunning.contact_part(a _dunning.addressee) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN CASE WHEN coalesce(a.name, a.email, a.phone, a.address) IS NOT NULL
		THEN jsonb_build_object('name', a.name, 'email', a.email, 'phone', a.phone, 'address', a.address, 'role', a.role) END;
COMMENT ON FUNCTION _dunning.contact_part(_dunning.addressee) IS 'The part contact of the context of a message; NULL if nobody is known';

-- What was sent before of some items, the earliest first, each message once.
CREATE FUNCTION _dunning.sent_before(ledger name, items dunning.item_key[], day date) RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object('sent_on', s.sent_on, 'channel', s.channel, 'label', s.label) ORDER BY s.sent_on, s.channel, s.label),
		'[]')
		FROM (SELECT DISTINCT r.sent_on, r.channel, r.label FROM dunning.reminder AS r
			WHERE r.item = ANY (sent_before.items) AND r.ledger = sent_before.ledger AND r.state = 'sent'
				AND r.sent_on <= sent_before.day) AS s);
END
$$;
COMMENT ON FUNCTION _dunning.sent_before(name, dunning.item_key[], date) IS 'The reminders of items that were sent by a day: day, channel and label, each once';

CREATE FUNCTION _dunning.fault_rows_query(day text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format($faults$
			SELECT p.reminder, CASE count(i.item) WHEN 0 THEN 'its item was not found' WHEN 1 THEN coalesce(min(v.fault), CASE WHEN bool_or(i.open_amount IS NULL)
				THEN 'the open amount is missing' END)
				ELSE 'several rows of the ledger have this key' END AS fault
			FROM p LEFT JOIN src AS i ON i.item = p.item AND i.part = p.part
			%s
			GROUP BY p.reminder $faults$, _dunning.faults_query(day));
COMMENT ON FUNCTION _dunning.fault_rows_query(text) IS 'The query that says of reminders (p) and items (src) why each reminder is not right to send on a day, an SQL expression';

-- What is read of the ledger is read once, and whatever the statistics say, nothing of
-- it is read once for each reminder.
CREATE FUNCTION _dunning.notice_lines(source text, ledger name, day date, reminders bigint[], reckoning boolean)
	RETURNS TABLE (reminder bigint, fault text, line _dunning.notice_line)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off SET enable_nestloop = off AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		WITH src AS MATERIALIZED (
			SELECT i.* FROM _dunning.source_rows(%1$L) AS i
		), w AS MATERIALIZED (
			%2$s
		), bearing AS MATERIALIZED (
			SELECT b.* FROM _dunning.run_documents($1, ARRAY(SELECT DISTINCT w.document FROM w WHERE w.compensation > 0
				AND w.document IS NOT NULL),
				ARRAY(SELECT DISTINCT w.item FROM w WHERE w.compensation > 0 AND w.document IS NULL AND w.part > 1)) AS b
		), p AS MATERIALIZED (
			SELECT r.* FROM dunning.reminder AS r WHERE r.reminder = ANY ($3)
		), f AS (
			%3$s
		), law AS MATERIALIZED (
			SELECT d.name, d.agreed_on, d.due_on, v.rule, CASE WHEN d.bears THEN _dunning.rates_of(v.rule, d.due_on, $2) END AS rates
			FROM (SELECT w.rule AS name, coalesce(i.contracted_on, i.issued_on, i.due_on) AS agreed_on, w.due_on,
					bool_or(w.late_interest <> 0) AS bears
				FROM w JOIN src AS i ON i.item = w.item AND i.part = w.part
				WHERE w.late_interest <> 0 OR w.late_fee <> 0 GROUP BY 1, 2, 3) AS d
			CROSS JOIN LATERAL (SELECT dunning.rule_on(d.name, d.agreed_on) AS rule OFFSET 0) AS v
		), told AS MATERIALIZED (
			SELECT h.item, h.part, max(h.sent_on) AS sent_on FROM dunning.reminder AS h
			WHERE h.item = ANY (ARRAY(SELECT w.item FROM w)) AND h.ledger = $1 AND h.state = 'sent' AND h.sent_on <= $2 GROUP BY h.item, h.part
		)
		SELECT f.reminder, coalesce(f.fault, w.problem), CASE WHEN w.item IS NOT NULL
			THEN ROW(w.item, w.part, w.customer, w.customer_name, w.payer, w.payer_name, w.company, w.currency, i.professional, w.language,
			w.email, w.phone,
			coalesce(w.reference, w.item::text), w.issued_on, w.due_on, w.amount, w.open_amount - w.held_amount, w.days_past_due,
				w.late_interest,
			CASE WHEN (b.item, b.part) <> (w.item, w.part) THEN 0 ELSE w.compensation END,
			w.compensation_currency, w.late_fee, p.fee, p.fee_currency,
			CASE WHEN w.late_interest <> 0 THEN q.rates END, CASE WHEN w.late_interest <> 0 THEN w.rule END,
			CASE WHEN $4 AND w.late_interest <> 0 THEN _dunning.reckoning(i.history, i.open_amount,
				_dunning.costs_from(w.rule, i.ledger, i.item, i.part, i.due_on, $2), $2, q.rule, i.professional, i.currency,
				(SELECT y.decimals FROM dunning.currency AS y WHERE y.code = i.currency),
				dunning.paused(i.ledger, i.item, i.part, i.customer, $2), '{interest,least,most}') END,
			CASE WHEN w.late_fee <> 0 AND w.penalty_problem IS NULL
				THEN _dunning.joined_periods(_dunning.reckoning(i.history, i.open_amount,
				_dunning.costs_from(w.rule, i.ledger, i.item, i.part, i.due_on, $2), $2, q.rule, i.professional, i.currency,
				(SELECT y.decimals FROM dunning.currency AS y WHERE y.code = i.currency),
				dunning.paused(i.ledger, i.item, i.part, i.customer, $2), '{late_fee}')) END,
			w.procedure_name, t.sent_on)::_dunning.notice_line END
		FROM %4$s
		LEFT JOIN src AS i ON i.item = w.item AND i.part = w.part
		LEFT JOIN law AS q ON q.name = w.rule AND q.agreed_on = coalesce(i.contracted_on, i.issued_on, i.due_on) AND q.due_on = w.due_on
			AND (w.late_interest <> 0 OR w.late_fee <> 0)
		LEFT JOIN bearing AS b ON b.key = coalesce(w.document, w.item) AND b.of_parts = (w.document IS NULL)
		LEFT JOIN told AS t ON t.item = w.item AND t.part = w.part $q$,
		source, _dunning.worklist_query('(SELECT s.* FROM src AS s WHERE s.open_amount > 0)', 'false', format('%L::date', day)), _dunning.fault_rows_query('$2'),
		CASE WHEN reminders IS NULL THEN 'w CROSS JOIN (SELECT NULL::numeric AS fee, NULL::text AS fee_currency, NULL::bigint AS reminder) AS p LEFT JOIN f ON false'
			ELSE 'f JOIN p ON p.reminder = f.reminder LEFT JOIN w ON w.item = p.item AND w.part = p.part' END)
	USING ledger, day, reminders, reckoning;
END
$$;
COMMENT ON FUNCTION _dunning.notice_lines(text, name, date, bigint[], boolean) IS
	'The lines of a message on a day, of items of a ledger that stand in a FROM clause: all open ones, or those of some reminders, each with why it is not right to send; reckoning: with the spans of their interest';

CREATE FUNCTION dunning.notice_context(ledger name, customer dunning.item_key, items dunning.item_key[] DEFAULT NULL,
	company text DEFAULT NULL, currency text DEFAULT NULL,
		as_of date DEFAULT dunning.today(), language text DEFAULT NULL, channel text DEFAULT 'letter', level integer DEFAULT NULL) RETURNS jsonb
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	day CONSTANT date := coalesce(notice_context.as_of, dunning.today());
	before CONSTANT text := current_setting('dunning.today', true);
	lines _dunning.notice_line[];
	several text;
	facts jsonb;
	s dunning.sender;
	a dunning.payee;
	r _dunning.addressee;
	spoken text;
	credit record;
	first _dunning.notice_line;
BEGIN
	channel := coalesce(notice_context.channel, 'letter');
	IF notice_context.ledger IS NULL OR notice_context.customer IS NULL THEN
		RETURN NULL;
	END IF;
	PERFORM _dunning.need_ledger(notice_context.ledger);
	IF NOT isfinite(day) THEN
		RAISE EXCEPTION 'no message is possible on %', day USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a day, or leave as_of out for dunning.today().';
	END IF;
	PERFORM set_config('dunning.today', to_char(day, 'YYYY-MM-DD'), true);
	SELECT array_agg(n.line) INTO lines
	FROM _dunning.notice_lines(_dunning.items_source(notice_context.ledger, day, format(
		CASE WHEN _dunning.has_payers(notice_context.ledger) THEN 'i.payer' ELSE 'i.customer' END || ' = %L::dunning.item_key', notice_context.customer)), notice_context.ledger,
			day, NULL, true) AS n
	WHERE ((n.line).days_past_due > 0 AND notice_context.items IS NULL OR (n.line).item = ANY (notice_context.items))
		AND (n.line).open_amount > 0
		AND (notice_context.company IS NULL OR (n.line).company = notice_context.company)
			AND (notice_context.currency IS NULL OR (n.line).currency = notice_context.currency);
	PERFORM set_config('dunning.today', coalesce(before, ''), true);
	IF lines IS NULL THEN
		RAISE EXCEPTION 'customer "%" of ledger "%" owes nothing of which a message could be', notice_context.customer, notice_context.ledger
			USING ERRCODE = 'no_data_found', DETAIL = format('On %s none of the items is open and past due.', _dunning.day_text(day)), HINT = 'Name the items to write about others.';
	END IF;
	SELECT CASE WHEN count(DISTINCT l.currency) > 1 THEN 'currencies: ' || string_agg(DISTINCT l.currency, ', ') WHEN count(DISTINCT l.company) > 1
		THEN 'companies: ' || string_agg(DISTINCT l.company, ', ') END
		INTO several FROM unnest(lines) AS l;
	IF several IS NOT NULL THEN
		RAISE EXCEPTION 'one message cannot be about items of several %', several USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the company and the currency.';
	END IF;
	first := lines[1];
	s := _dunning.find_sender(notice_context.ledger, first.company, day);
	SELECT f.* INTO a FROM dunning.payee AS f WHERE f.payee = (
		SELECT max(_dunning.find_payee(notice_context.ledger, l.company, l.customer, l.item, day)) FROM unnest(lines) AS l);
	SELECT c.facts INTO facts FROM _dunning.ledger_customers(notice_context.ledger, ARRAY[notice_context.customer]) AS c;
	facts := _dunning.known_facts(jsonb_build_object('name', first.payer_name, 'email', first.email, 'phone', first.phone, 'language', first.language,
		'professional', first.professional), facts);
	r := _dunning.find_addressee(notice_context.ledger, first.company, notice_context.customer, notice_context.channel,
		notice_context.level, day, facts, s);
	SELECT c.netted, c.credits INTO credit FROM _dunning.payer_credits(notice_context.ledger, ARRAY[notice_context.customer], day) AS c
	WHERE c.company IS NOT DISTINCT FROM first.company AND c.currency IS NOT DISTINCT FROM first.currency;
	spoken := coalesce(_dunning.language_code(notice_context.language), r.language, s.language, 'en');
	RETURN (SELECT b.context FROM _dunning.build_contexts(ARRAY[ROW(lines, _dunning.sender_part(s, first.company),
		_dunning.customer_part(notice_context.customer::text, facts, s), _dunning.contact_part(r), _dunning.payment_part(s, a,
			first.company),
		jsonb_build_object('level', notice_context.level, 'label', NULL, 'channel', notice_context.channel),
		_dunning.sent_before(notice_context.ledger, ARRAY(SELECT l.item FROM unnest(lines) AS l), day), first.currency, spoken,
		notice_context.customer::text, day, coalesce(s.deadline_days, 8), s.invoice_link, s.payment_link,
		_dunning.mention_of(_dunning.mention_rule(lines), _dunning.written_language(spoken), day), notice_context.channel = 'registered_letter',
		credit.credits, least(coalesce(credit.netted, 0), (SELECT sum(l.open_amount) FROM unnest(lines) AS l)))::_dunning.message]) AS b);
END
$$;
COMMENT ON FUNCTION dunning.notice_context(name, dunning.item_key, dunning.item_key[], text, text, date, text, text, integer) IS
	'The context of a message to a customer about his overdue items, or some items, on a day, less his credits as the setting netting says: see dunning.template_sample. Errors: 42704 for an unknown ledger, P0002 if he owes none of them, 22023 for several companies or currencies';
