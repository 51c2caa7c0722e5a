-- Notices: the reminders of one payer become one message, which is sent once.

-- A template of your own for a step goes before those that the channel and the step choose.
CREATE FUNCTION dunning.template_of_step(channel text, step text DEFAULT NULL, level integer DEFAULT NULL, procedure text DEFAULT NULL,
	on_day date DEFAULT dunning.today()) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT coalesce(
		(SELECT t.name FROM dunning.template AS t
			WHERE t.kind IN ('message', 'formal notice') AND NOT t.shipped AND t.level = template_of_step.level
				AND t.procedure IN ('', template_of_step.procedure)
				AND t.channel IN ('', template_of_step.channel) AND template_of_step.on_day BETWEEN t.valid_from
					AND coalesce(t.valid_until, 'infinity')
			ORDER BY t.procedure = '', t.channel = '', t.valid_from DESC, t.name LIMIT 1),
		CASE WHEN template_of_step.channel = 'registered_letter' THEN 'formal_notice'
			WHEN template_of_step.step ~ '^-' THEN 'courtesy'
			WHEN CASE WHEN p.procedure IS NULL THEN template_of_step.level > 1
				ELSE EXISTS (SELECT FROM dunning.steps(p.procedure) AS s WHERE s.level < template_of_step.level AND s.step !~ '^-'
					AND _dunning.is_message(s.channel)) END THEN 'second_reminder'
			ELSE 'first_reminder' END)
	FROM (SELECT (SELECT c.procedure FROM dunning.procedure AS c WHERE c.name = template_of_step.procedure)) AS p (procedure));
END
$$;
COMMENT ON FUNCTION dunning.template_of_step(text, text, integer, text, date) IS
	'The name of the template of a step: one of your own that was saved for its procedure and level, otherwise formal_notice for a registered letter, courtesy before the due date, first_reminder for the first message after it, second_reminder later';

-- Of a language without the template the first reminder, then the languages of the sender and English.
CREATE FUNCTION _dunning.written_template(name text, languages text[], channel text, procedure text, level integer, day date)
	RETURNS dunning.template
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	one dunning.template;
BEGIN
	SELECT t.* INTO one
	FROM unnest(written_template.languages) WITH ORDINALITY AS l (language, n)
	CROSS JOIN unnest(ARRAY[written_template.name, CASE WHEN written_template.name IN ('second_reminder', 'courtesy') THEN 'first_reminder' END]) WITH ORDINALITY AS w (name, n)
	CROSS JOIN LATERAL dunning.find_template(w.name, l.language, written_template.channel, written_template.procedure,
		written_template.level, written_template.day) AS t
	ORDER BY l.n, w.n LIMIT 1;
	RETURN one;
END
$$;
COMMENT ON FUNCTION _dunning.written_template(text, text[], text, text, integer, date) IS 'The template of a notice in the first of some languages that has it; where it has none, its first reminder stands for a second one';

-- Of two steps of the ladder that wait for one item, the severest one goes out: nobody gets a
-- reminder and a formal notice of one invoice in one night.  A step of a rejection is about
-- something else, and one that reaches nobody keeps no other one back.
CREATE FUNCTION _dunning.is_covered(r dunning.reminder, day date) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN EXISTS (SELECT FROM dunning.reminder AS b
		WHERE b.item = (r).item AND b.ledger = (r).ledger AND b.part = (r).part AND b.state = 'pending'
			AND (b.level, b.occurrence) > ((r).level, (r).occurrence) AND b.raised_on <= day AND (NOT b.manual OR b.approved_at IS NOT NULL)
			AND NOT _dunning.of_event(b.step) AND NOT _dunning.of_event((r).step)
			AND _dunning.channel_needs(b.channel) IS NOT NULL AND _dunning.channel_needs((r).channel) IS NOT NULL
			AND NOT EXISTS (SELECT FROM dunning.notice_reminder AS l JOIN dunning.notice AS n ON n.notice = l.notice
				WHERE l.reminder = b.reminder AND l.removed IS NULL AND n.state = 'set_aside'));
COMMENT ON FUNCTION _dunning.is_covered(dunning.reminder, date) IS 'Whether a message about a later step of the same item goes out on a day in the place of a pending reminder';

CREATE FUNCTION _dunning.reminder_faults(ledger name, reminders bigint[], day date) RETURNS TABLE (reminder bigint, fault text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY EXECUTE format('WITH p AS MATERIALIZED (SELECT r.* FROM dunning.reminder AS r WHERE r.reminder = ANY ($2)), src AS MATERIALIZED (SELECT i.* FROM %s AS i) %s',
		_dunning.keys_source(reminder_faults.ledger, day, ARRAY(SELECT DISTINCT r.item FROM dunning.reminder AS r
			WHERE r.reminder = ANY (reminders))), _dunning.fault_rows_query('$1'))
	USING day, reminders;
END
$$;
COMMENT ON FUNCTION _dunning.reminder_faults(name, bigint[], date) IS 'Of some pending reminders of a ledger, why each is not right to send on a day; NULL if it is';

CREATE TYPE _dunning.ask AS ( --: A reminder that is to become a part of a notice
	id bigint, --: Number of the reminder, or of whatever it is
	reader dunning.item_key, --: Key of who pays and reads
	name text, --: His name
	company text, --: Company of the item
	currency text, --: Currency of the amounts
	customer dunning.item_key, --: Key of the customer
	item dunning.item_key, --: Key of the item
	part integer, --: Part of the item
	due_on date, --: Due date
	asked numeric, --: What is asked for
	credit numeric, --: What of the reader's credits is set off against it
	channel text, --: Channel of the step
	level integer, --: Place of the step
	occurrence integer, --: How often the step is taken with this time
	step text, --: Day of the step
	label text, --: Label of the step
	email text, --: E-mail address of the item
	phone text, --: Telephone number
	language text --: Language
);

CREATE FUNCTION _dunning.ask_of(m dunning.reminder, credit numeric) RETURNS _dunning.ask
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN ROW(m.reminder, coalesce(m.payer, m.customer), coalesce(m.payer_name, m.customer_name), m.company, m.currency, m.customer,
		m.item, m.part, m.due_on, m.open_amount - m.held_amount, credit, m.channel, m.level, m.occurrence, m.step, m.label, m.email,
		m.phone, m.language)::_dunning.ask;
COMMENT ON FUNCTION _dunning.ask_of(dunning.reminder, numeric) IS 'A reminder as it becomes a part of a notice, with what of the credits is set off against it';

-- The credits of a payer are set off once, whatever the number of his messages: against what
-- fell due first of all that he is asked for on a day.
CREATE FUNCTION _dunning.set_off_asks(ledger name, day date, asks _dunning.ask[]) RETURNS TABLE (id bigint, amount numeric, credits jsonb)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH c AS MATERIALIZED (
		SELECT k.*, row_number() OVER () AS nth
		FROM _dunning.payer_credits(set_off_asks.ledger, ARRAY(SELECT DISTINCT u.reader FROM unnest(asks) AS u), day) AS k
	), r AS MATERIALIZED (
		SELECT u.id, u.item, u.part, u.due_on, u.asked, c.nth, c.netted, c.credits
		FROM c JOIN unnest(asks) AS u ON u.reader = c.payer AND u.company IS NOT DISTINCT FROM c.company
			AND u.currency IS NOT DISTINCT FROM c.currency
		UNION ALL
		-- what was sent on the day took its part
		SELECT NULL, m.item, m.part, m.due_on, m.open_amount - m.held_amount, c.nth, c.netted, c.credits
		FROM c JOIN dunning.notice AS n ON n.customer = c.payer AND n.ledger = set_off_asks.ledger AND n.state = 'sent' AND n.sent_on = day
			AND n.company IS NOT DISTINCT FROM c.company AND n.currency IS NOT DISTINCT FROM c.currency
		JOIN dunning.notice_reminder AS l ON l.notice = n.notice AND l.removed IS NULL
		JOIN dunning.reminder AS m ON m.reminder = l.reminder AND m.state = 'sent'
	)
	SELECT r.id, greatest(least(i.asked, r.netted - (i.up_to - i.asked)), 0), r.credits
	FROM (
		-- what several messages ask for one item is asked for once
		SELECT g.*, sum(g.asked) OVER (PARTITION BY g.nth ORDER BY g.due_on, g.item, g.part) AS up_to
		FROM (SELECT r.nth, r.item, r.part, min(r.due_on) AS due_on, max(r.asked) AS asked FROM r GROUP BY r.nth, r.item, r.part) AS g
	) AS i JOIN r ON r.nth = i.nth AND r.item = i.item AND r.part = i.part
	WHERE r.id IS NOT NULL;
END
$$;
COMMENT ON FUNCTION _dunning.set_off_asks(name, date, _dunning.ask[]) IS
	'For each of all the reminders that may go out on a day and whose reader has credits, what of the credits is set off against it, and the credits';

CREATE FUNCTION _dunning.set_off(ledger name, payers dunning.item_key[], day date)
	RETURNS TABLE (reminder bigint, amount numeric, credits jsonb)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	creditors CONSTANT dunning.item_key[] := ARRAY(SELECT DISTINCT k.payer FROM _dunning.payer_credits(set_off.ledger, payers, day) AS k);
	pending CONSTANT bigint[] := CASE WHEN cardinality(creditors) > 0 THEN ARRAY(
		SELECT m.reminder FROM unnest(creditors) AS c (payer) JOIN dunning.reminder AS m ON coalesce(m.payer, m.customer) = c.payer
		WHERE m.ledger = set_off.ledger AND m.state = 'pending' AND m.raised_on <= day AND _dunning.is_message(m.channel)
			AND (NOT m.manual OR m.approved_at IS NOT NULL) AND NOT _dunning.is_covered(m, day)) END;
BEGIN
	IF cardinality(creditors) > 0 THEN
		RETURN QUERY SELECT s.* FROM _dunning.set_off_asks(set_off.ledger, day, ARRAY(
			SELECT _dunning.ask_of(m, NULL) FROM _dunning.reminder_faults(set_off.ledger, pending, day) AS f
			JOIN dunning.reminder AS m ON m.reminder = f.reminder WHERE f.fault IS NULL)) AS s;
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.set_off(name, dunning.item_key[], date) IS
	'For each reminder of payers who have credits that may be sent on a day, what of the credits is set off against it, and the credits';

CREATE FUNCTION _dunning.grouped_asks(ledger name, day date, asks _dunning.ask[])
	RETURNS TABLE (reader dunning.item_key, name text, company text, currency text, paid_to bigint, channel text, level integer, step text,
		label text,
		who _dunning.addressee, sender_language text, ids bigint[], asked numeric, credit numeric)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	assigned CONSTANT boolean := EXISTS (SELECT FROM dunning.payee AS p WHERE p.ledger = grouped_asks.ledger);
BEGIN
	RETURN QUERY
	WITH r AS MATERIALIZED (
		SELECT u AS ask, row_number() OVER (PARTITION BY u.reader, u.company, u.currency, u.channel, u.item, u.part
			ORDER BY u.level DESC, u.id DESC) AS nth, CASE WHEN assigned THEN _dunning.find_payee(grouped_asks.ledger, u.company,
				u.customer, u.item, day) END AS paid_to
		FROM unnest(asks) AS u
	), g AS MATERIALIZED (
		SELECT (r.ask).reader, (r.ask).company, (r.ask).currency, r.paid_to, (r.ask).channel, array_agg((r.ask).id) AS ids,
			(array_agg(r.ask ORDER BY (r.ask).level DESC, (r.ask).due_on, (r.ask).item, (r.ask).part, (r.ask).id))[1] AS first,
				sum((r.ask).asked) FILTER (WHERE r.nth = 1) AS asked, coalesce(sum((r.ask).credit) FILTER (WHERE r.nth = 1), 0) AS credit
		FROM r GROUP BY (r.ask).reader, (r.ask).company, (r.ask).currency, r.paid_to, (r.ask).channel
		-- whose credits are as high as what he is asked for gets no message
		HAVING sum((r.ask).asked) FILTER (WHERE r.nth = 1) > coalesce(sum((r.ask).credit) FILTER (WHERE r.nth = 1), 0)
	), s AS MATERIALIZED (
		SELECT d.company, _dunning.find_sender(grouped_asks.ledger, d.company, day) AS sender FROM (SELECT DISTINCT g.company FROM g) AS d
	), a AS MATERIALIZED (
		SELECT g.*, w.who, (s.sender).language AS sender_language,
			-- the steps of two channels that are sent in the same way are one notice
			dense_rank() OVER (ORDER BY g.reader, g.company, g.currency, g.paid_to, coalesce((w.who).channel, g.channel),
				(w.who).channel IS NULL) AS nth
		FROM g
		JOIN s ON s.company IS NOT DISTINCT FROM g.company
		LEFT JOIN _dunning.ledger_customers(grouped_asks.ledger, ARRAY(SELECT DISTINCT g.reader FROM g)) AS c ON c.customer = g.reader
		CROSS JOIN LATERAL (SELECT _dunning.find_addressee(grouped_asks.ledger, g.company, g.reader, g.channel, (g.first).level, day,
			_dunning.known_facts(jsonb_build_object('email', (g.first).email, 'phone', (g.first).phone, 'language', (g.first).language), c.facts),
			s.sender) AS who OFFSET 0) AS w
	)
	SELECT DISTINCT ON (a.nth) a.reader, (a.first).name, a.company, a.currency, a.paid_to, a.channel, (a.first).level, (a.first).step,
		(a.first).label, a.who,
		a.sender_language, t.ids, t.asked, t.credit
	FROM a JOIN (
		-- what reminders of several channels ask for one item is asked for once
		SELECT o.nth, array_agg(o.id) AS ids, sum(o.asked) FILTER (WHERE o.of_item = 1) AS asked,
			coalesce(sum(o.credit) FILTER (WHERE o.of_item = 1), 0) AS credit
		FROM (SELECT a.nth, (r.ask).id, (r.ask).asked, (r.ask).credit, row_number() OVER (PARTITION BY a.nth, (r.ask).item, (r.ask).part
				ORDER BY (r.ask).level DESC, (r.ask).id DESC) AS of_item
			FROM a CROSS JOIN LATERAL unnest(a.ids) AS u (id) JOIN r ON (r.ask).id = u.id) AS o
		GROUP BY o.nth
	) AS t ON t.nth = a.nth
	ORDER BY a.nth, (a.first).level DESC, a.channel;
END
$$;
COMMENT ON FUNCTION _dunning.grouped_asks(name, date, _dunning.ask[]) IS
	'Reminders of a ledger as the notices that are made of them on a day: one for each payer, company, currency, payee and way in which it is sent, with who reads it; none for whom credits cover it';

CREATE FUNCTION _dunning.cured_notices(ledger name, day date) RETURNS SETOF bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT n.notice FROM dunning.notice AS n
	LEFT JOIN _dunning.ledger_customers(cured_notices.ledger, ARRAY(SELECT DISTINCT a.customer FROM dunning.notice AS a
		WHERE a.ledger = cured_notices.ledger AND a.state = 'set_aside' AND a.lacks IS NOT NULL)) AS c ON c.customer = n.customer
	WHERE n.ledger = cured_notices.ledger AND n.state = 'set_aside' AND n.lacks IS NOT NULL
		AND (_dunning.find_addressee(n.ledger, n.company, n.customer, n.step_channel, n.level, day, c.facts,
			_dunning.find_sender(n.ledger, n.company, day))).channel IS NOT NULL;
END
$$;
COMMENT ON FUNCTION _dunning.cured_notices(name, date) IS 'The notices of a ledger that were set aside since nobody could be reached, and whose recipient can be reached on a day';

CREATE FUNCTION _dunning.make_ledger_notices(ledger name, day date) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	cured CONSTANT text := 'the recipient can be reached now';
	pending bigint[];
	made integer;
BEGIN
	-- who has an address now gets a new notice
	WITH again AS MATERIALIZED (
		SELECT c AS notice FROM _dunning.cured_notices(make_ledger_notices.ledger, day) AS c
	), freed AS (
		UPDATE dunning.notice_reminder AS l SET removed = cured FROM again AS a WHERE l.notice = a.notice AND l.removed IS NULL
	)
	UPDATE dunning.notice AS n SET state = 'withdrawn', reason = cured FROM again AS a WHERE n.notice = a.notice;
	pending := ARRAY(SELECT r.reminder FROM dunning.reminder AS r
		WHERE r.ledger = make_ledger_notices.ledger AND r.state = 'pending' AND r.raised_on <= day AND _dunning.is_message(r.channel)
			AND (NOT r.manual OR r.approved_at IS NOT NULL)
			AND r.customer IS NOT NULL AND NOT EXISTS (SELECT FROM dunning.notice_reminder AS l WHERE l.reminder = r.reminder
				AND l.removed IS NULL) AND NOT _dunning.is_covered(r, day));
	IF cardinality(pending) = 0 THEN
		RETURN 0;
	END IF;
	WITH r AS MATERIALIZED (
		SELECT r.reminder, coalesce(r.payer, r.customer) AS reader
		FROM _dunning.reminder_faults(make_ledger_notices.ledger, pending, day) AS o JOIN dunning.reminder AS r ON r.reminder = o.reminder
		WHERE o.fault IS NULL
	), c AS MATERIALIZED (
		SELECT s.reminder, s.amount FROM _dunning.set_off(make_ledger_notices.ledger, ARRAY(SELECT DISTINCT r.reader FROM r), day) AS s
	), h AS MATERIALIZED (
		SELECT g.*, gen_random_uuid() AS key
		FROM _dunning.grouped_asks(make_ledger_notices.ledger, day, ARRAY(
			SELECT _dunning.ask_of(m, c.amount)
			FROM r JOIN dunning.reminder AS m ON m.reminder = r.reminder
			LEFT JOIN c ON c.reminder = r.reminder)) WITH ORDINALITY AS g (reader, name, company, currency, paid_to, channel, level,
				step, label,
				who, sender_language, ids, asked, credit, nth)
	), n AS (
		INSERT INTO dunning.notice (key, ledger, customer, company, currency, payee, channel, level, step, step_channel, label, state,
			lacks, reason, recipient, recipient_name, email, phone, address, language)
		SELECT h.key, make_ledger_notices.ledger, h.reader, h.company, h.currency, h.paid_to, coalesce((h.who).channel, h.channel), h.level,
			h.step, h.channel, h.label,
			CASE WHEN (h.who).channel IS NULL THEN 'set_aside' ELSE 'waiting' END, (h.who).lacks,
			CASE WHEN (h.who).channel IS NULL THEN format('the recipient has no %s for the channel %s', (h.who).lacks, h.channel) END,
			(h.who).recipient, (h.who).name, (h.who).email, (h.who).phone, (h.who).address, (h.who).language
		FROM h
		-- a step that reaches nobody keeps no earlier one back, which belongs to the same message as the others
		WHERE (h.who).channel IS NULL OR NOT EXISTS (SELECT FROM h AS o WHERE (o.who).channel IS NULL)
		ORDER BY h.nth
		RETURNING notice, key, company, channel, state
	), l AS (
		INSERT INTO dunning.notice_reminder (notice, reminder, ledger, company)
		SELECT n.notice, u.reminder, make_ledger_notices.ledger, n.company
		FROM n JOIN h ON h.key = n.key CROSS JOIN unnest(h.ids) AS u (reminder)
	), t AS (
		SELECT pg_notify('dunning_notice', c.channel) FROM (SELECT DISTINCT n.channel FROM n WHERE n.state = 'waiting') AS c
	)
	SELECT (SELECT count(*) FROM n) + 0 * (SELECT count(*) FROM t) INTO made;
	RETURN made;
END
$$;
COMMENT ON FUNCTION _dunning.make_ledger_notices(name, date) IS 'Makes notices of the pending reminders of a ledger that are right to send and in no notice; returns their number';

CREATE FUNCTION _dunning.notice_lock() RETURNS void
	LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'dunning_notice_lock';
COMMENT ON FUNCTION _dunning.notice_lock() IS 'Takes the lock of those who make messages until the transaction ends, and waits for it';

CREATE FUNCTION dunning.make_notices(ledger name DEFAULT NULL) RETURNS integer
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off SET dunning.today = '' AS $$
#variable_conflict use_column
DECLARE
	l name;
	made integer := 0;
	new integer;
BEGIN
	PERFORM _dunning.need_all_facts();
	PERFORM _dunning.need_ledger(make_notices.ledger);
	-- one at a time
	PERFORM _dunning.notice_lock();
	FOR l IN SELECT s.ledger FROM dunning.ledger AS s WHERE s.state = 'adopted' AND (make_notices.ledger IS NULL OR s.ledger = make_notices.ledger)
		ORDER BY s.ledger LOOP
		-- what is hidden may be a payment
		IF dunning.ledger_hidden(l) IS NOT NULL THEN
			RAISE WARNING 'no notices are made of ledger "%"', l USING DETAIL = dunning.ledger_hidden(l);
		ELSE
			LOOP
				new := _dunning.make_ledger_notices(l, _dunning.real_day());
				made := made + new;
				-- what reaches nobody was set aside, and the rest follows
				EXIT WHEN new = 0 OR NOT EXISTS (SELECT FROM dunning.notice AS n WHERE n.ledger = l AND n.state = 'set_aside' AND n.made_at = now());
			END LOOP;
		END IF;
	END LOOP;
	RETURN made;
END
$$;
COMMENT ON FUNCTION dunning.make_notices(name) IS
	'Makes notices of the pending reminders of a ledger, or of all: one for each payer, company, currency, payee and channel; none if credits cover it, one that is set aside if no channel reaches him. Returns the number; NOTIFY dunning_notice names the channels. Error 42704 for an unknown ledger';

-- What became of the items since is seen here: what leaves is true when it leaves.  All
-- of them are read at once, and written at once.
CREATE FUNCTION _dunning.refresh_notices(ledger name, notices bigint[], day date, lease interval) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	reminders CONSTANT bigint[] := ARRAY(SELECT l.reminder FROM dunning.notice_reminder AS l WHERE l.notice = ANY (notices)
		AND l.removed IS NULL);
	assigned CONSTANT boolean := EXISTS (SELECT FROM dunning.payee AS p WHERE p.ledger = refresh_notices.ledger);
	-- the shipped pages are no messages
	spans CONSTANT boolean := EXISTS (SELECT FROM dunning.template AS t
		WHERE NOT (t.shipped AND t.kind = 'page') AND concat(t.subject, t.body, t.html) ~ 'reckoning');
	in_credit CONSTANT text := 'the customer has credits that are as high';
	n record;
	w dunning.notice;
	covered bigint[] := '{}';
	changed dunning.notice[] := '{}';
	-- what is to be written, with the place of its template
	rows dunning.notice[] := '{}';
	messages _dunning.message[] := '{}';
	places integer[] := '{}';
	-- what is the same for many is looked for once
	companies text[] := '{}';
	senders dunning.sender[] := '{}';
	keys text[] := '{}';
	templates dunning.template[] := '{}';
	texts jsonb[] := '{}';
	pages jsonb[] := '{}';
	mentions jsonb := '{}';
	known jsonb;
	who _dunning.addressee;
	before jsonb;
	s dunning.sender;
	p dunning.payee;
	t dunning.template;
	name text;
	rule text;
	spoken text;
	key text;
	place integer;
	written record;
	failure text;
	detail text;
BEGIN
	IF dunning.ledger_hidden(refresh_notices.ledger) IS NOT NULL THEN
		RAISE EXCEPTION '%', dunning.ledger_hidden(refresh_notices.ledger) USING ERRCODE = 'insufficient_privilege';
	END IF;
	FOR n IN
		WITH l AS MATERIALIZED (
			SELECT x.* FROM _dunning.notice_lines(_dunning.keys_source(refresh_notices.ledger, day,
				ARRAY(SELECT DISTINCT r.item FROM dunning.reminder AS r WHERE r.reminder = ANY (reminders))), refresh_notices.ledger, day,
					reminders, spans) AS x
		), credit AS MATERIALIZED (
			SELECT s.* FROM _dunning.set_off(refresh_notices.ledger,
				ARRAY(SELECT DISTINCT u.customer FROM dunning.notice AS u WHERE u.notice = ANY (notices)), day) AS s
		), k AS MATERIALIZED (
			SELECT t.notice, r AS reminder, l.line, CASE WHEN r.state <> 'pending' THEN 'it is ' || r.state WHEN l.fault IS NOT NULL THEN l.fault
				WHEN l.line IS NULL THEN 'no longer open'
				WHEN CASE WHEN assigned THEN _dunning.find_payee(r.ledger, r.company, r.customer, r.item, day) END IS DISTINCT FROM t.payee
					THEN 'another one is paid for it now'
				WHEN _dunning.is_covered(r, day) THEN 'a message about a later step goes out instead' END AS fault
			FROM dunning.notice AS t
			JOIN dunning.notice_reminder AS m ON m.notice = t.notice AND m.removed IS NULL
			JOIN dunning.reminder AS r ON r.reminder = m.reminder
			LEFT JOIN l ON l.reminder = r.reminder
			WHERE t.notice = ANY (notices)
		), gone AS (
			UPDATE dunning.notice_reminder AS m SET removed = k.fault FROM k
			WHERE m.notice = k.notice AND m.reminder = (k.reminder).reminder AND k.fault IS NOT NULL
		)
		SELECT t AS was, c.facts, k.lines, k.latest, k.fault, k.credits, k.set_off, k.asked
		FROM dunning.notice AS t
		LEFT JOIN (
			SELECT k.notice, array_agg(CASE WHEN k.fees IS DISTINCT FROM (k.line).fee
					THEN jsonb_populate_record(k.line, jsonb_build_object('fee', k.fees)) ELSE k.line END)
				FILTER (WHERE k.fault IS NULL AND k.nth = 1) AS lines, min(k.fault) AS fault,
				(array_agg(s.credits) FILTER (WHERE s.credits IS NOT NULL))[1] AS credits,
				coalesce(sum(s.amount) FILTER (WHERE k.fault IS NULL AND k.nth = 1), 0) AS set_off,
				sum((k.line).open_amount) FILTER (WHERE k.fault IS NULL AND k.nth = 1) AS asked,
				(array_agg(k.reminder ORDER BY (k.reminder).level DESC, (k.reminder).due_on, (k.reminder).reminder)
					FILTER (WHERE k.fault IS NULL))[1] AS latest
			FROM (
				-- an item with several reminders is one line, with all fees
				SELECT k.*, row_number() OVER (item ORDER BY (k.reminder).level DESC, (k.reminder).reminder DESC) AS nth,
					sum((k.line).fee) OVER (PARTITION BY k.notice, k.fault IS NULL, (k.line).item, (k.line).part,
						(k.line).fee_currency) AS fees
				FROM k WINDOW item AS (PARTITION BY k.notice, k.fault IS NULL, (k.line).item, (k.line).part)
			) AS k
			LEFT JOIN credit AS s ON s.reminder = (k.reminder).reminder GROUP BY k.notice
		) AS k ON k.notice = t.notice
		LEFT JOIN _dunning.ledger_customers(refresh_notices.ledger, ARRAY(SELECT DISTINCT u.customer FROM dunning.notice AS u
			WHERE u.notice = ANY (notices))) AS c
			ON c.customer = t.customer
		WHERE t.notice = ANY (notices)
	LOOP
		w := n.was;
		IF n.lines IS NULL THEN
			w.state := 'withdrawn';
			w.reason := coalesce(n.fault, 'none of its reminders is left');
			changed := changed || w;
			CONTINUE;
		END IF;
		IF n.asked <= n.set_off THEN
			w.state := 'withdrawn';
			w.reason := in_credit;
			changed := changed || w;
			covered := covered || w.notice;
			CONTINUE;
		END IF;
		place := array_position(companies, coalesce(w.company, ''));
		IF place IS NULL THEN
			companies := companies || coalesce(w.company, '');
			senders := senders || _dunning.find_sender(w.ledger, w.company, day);
			place := cardinality(companies);
		END IF;
		s := senders[place];
		known := _dunning.known_facts(jsonb_build_object('name', coalesce((n.latest).payer_name, (n.latest).customer_name),
			'email', (n.latest).email, 'phone', (n.latest).phone, 'language', (n.latest).language, 'professional', n.lines[1].professional), n.facts);
		who := _dunning.find_addressee(w.ledger, w.company, w.customer, (n.latest).channel, (n.latest).level, day, known, s);
		IF who.channel IS DISTINCT FROM w.channel THEN
			-- he can be reached in another way now, or in none
			w.channel := coalesce(who.channel, w.channel);
			w.state := CASE WHEN who.channel IS NULL THEN 'set_aside' ELSE 'waiting' END;
			w.ready_at := now();
			w.lacks := who.lacks;
			w.reason := CASE WHEN who.channel IS NULL THEN format('the recipient has no %s for the channel %s', who.lacks, (n.latest).channel) END;
			changed := changed || w;
			CONTINUE;
		END IF;
		before := _dunning.sent_before(w.ledger, ARRAY(SELECT l.item FROM unnest(n.lines) AS l), day);
		key := concat_ws(chr(31), w.channel, (n.latest).channel, (n.latest).step, (n.latest).level, coalesce(n.lines[1].procedure, chr(30)),
			before = '[]',
			coalesce(who.language, chr(30)), coalesce(s.language, chr(30)));
		place := array_position(keys, key);
		IF place IS NULL THEN
			name := dunning.template_of_step(CASE WHEN w.channel = 'registered_letter' THEN w.channel ELSE (n.latest).channel END,
				(n.latest).step, (n.latest).level, n.lines[1].procedure, day);
			-- who got no reminder is not told that he got one
			IF name = 'second_reminder' AND before = '[]' THEN
				name := 'first_reminder';
			END IF;
			t := _dunning.written_template(name, array_remove(ARRAY[who.language, s.language, 'en'], NULL), w.channel, n.lines[1].procedure,
				(n.latest).level, day);
			IF t.name IS NULL THEN
				w.state := 'set_aside';
				w.reason := format('there is no template "%s" in language "%s"', name, coalesce(who.language, s.language));
				changed := changed || w;
				CONTINUE;
			END IF;
			keys := keys || key;
			templates := templates || t;
			texts := array_append(texts, (SELECT f FROM _dunning.template_partials(t.language, day) AS f));
			pages := array_append(pages, _dunning.page_partials(t, day));
			place := cardinality(keys);
		END IF;
		t := templates[place];
		SELECT f.* INTO p FROM dunning.payee AS f WHERE f.payee = w.payee;
		rule := _dunning.mention_rule(n.lines);
		spoken := _dunning.written_language(t.language);
		IF rule IS NOT NULL AND NOT coalesce(mentions -> rule ? spoken, false) THEN
			mentions := jsonb_set(mentions, ARRAY[rule], coalesce(mentions -> rule, '{}')
				|| jsonb_build_object(spoken, _dunning.mention_of(rule, spoken, day)));
		END IF;
		w.lacks := who.lacks;
		w.level := (n.latest).level;
		w.step := (n.latest).step;
		w.step_channel := (n.latest).channel;
		w.label := (n.latest).label;
		w.recipient := who.recipient;
		w.recipient_name := who.name;
		w.email := who.email;
		w.phone := who.phone;
		w.address := concat_ws(E'\n', known ->> 'name', who.name, who.address);
		w.language := t.language;
		w.template := t.name;
		w.items := cardinality(n.lines);
		rows := rows || w;
		places := places || place;
		messages := messages || ROW(n.lines, _dunning.sender_part(s, w.company), _dunning.customer_part(w.customer::text, known, s),
			_dunning.contact_part(who),
			_dunning.payment_part(s, p, w.company), jsonb_build_object('level', w.level, 'label', w.label, 'channel', w.channel), before, w.currency,
				t.language,
			w.notice::text, day, coalesce(s.deadline_days, 8), s.invoice_link, s.payment_link, mentions -> rule ->> spoken, t.kind = 'formal notice',
			n.credits, n.set_off)::_dunning.message;
	END LOOP;
	FOR n IN SELECT b.n, b.context FROM _dunning.build_contexts(messages) AS b LOOP
		w := rows[n.n];
		w.context := n.context;
		BEGIN
			place := places[n.n];
			written := _dunning.render_row(templates[place], n.context, texts[place], pages[place]);
			w.state := 'taken';
			w.ready_at := now() + lease;
			w.tries := w.tries + 1;
			w.taken_at := now();
			w.taken_by := session_user;
			w.reason := NULL;
			w.open_amount := (n.context #>> '{totals,raw,open_amount}')::numeric;
			w.total := (n.context #>> '{totals,raw,total}')::numeric;
			w.subject := written.subject;
			w.body := written.body;
			w.html := written.html;
			w.attachments := NULL;
		EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
			GET STACKED DIAGNOSTICS failure = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
			w.state := 'set_aside';
			w.reason := concat_ws(': ', failure, nullif(replace(detail, E'\n', '; '), ''));
		END;
		changed := changed || w;
	END LOOP;
	UPDATE dunning.notice_reminder AS m SET removed = in_credit WHERE m.notice = ANY (covered) AND m.removed IS NULL;
	UPDATE dunning.notice AS f SET channel = u.channel, level = u.level, step = u.step, step_channel = u.step_channel, label = u.label,
		state = u.state,
		ready_at = u.ready_at, tries = u.tries, lacks = u.lacks, reason = u.reason, recipient = u.recipient,
			recipient_name = u.recipient_name,
		email = u.email, phone = u.phone, address = u.address, language = u.language, template = u.template, items = u.items,
		open_amount = u.open_amount, total = u.total, subject = u.subject, body = u.body, html = u.html, context = u.context,
			attachments = u.attachments,
		taken_at = u.taken_at, taken_by = u.taken_by
	FROM unnest(changed) AS u WHERE f.notice = u.notice;
END
$$;
COMMENT ON FUNCTION _dunning.refresh_notices(name, bigint[], date, interval) IS
	'Looks at notices of a ledger that are about to be taken again: takes out what is not right any more, withdraws what is empty, sets aside what reaches nobody or cannot be rendered, and writes the rest';

CREATE FUNCTION _dunning.retry_after(tries integer) RETURNS interval
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN interval '5 minutes' * pow(3, least(greatest(tries, 1), 6) - 1);
COMMENT ON FUNCTION _dunning.retry_after(integer) IS 'How long a notice waits after so many tries: 5, 15, 45 minutes, ...';

CREATE FUNCTION dunning.take_notices(channel text, most integer DEFAULT 100, lease interval DEFAULT '10 minutes') RETURNS SETOF dunning.notice
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off SET dunning.today = '' AS $$
#variable_conflict use_column
DECLARE
	tries_most CONSTANT integer := 10;
	at_once CONSTANT integer := 200;	-- so that memory does not grow with the number
	ids bigint[];
	locked bigint[];
	l record;
BEGIN
	most := coalesce(most, 100);
	lease := coalesce(lease, interval '10 minutes');
	IF (most BETWEEN 1 AND 100000 AND lease BETWEEN interval '1 second' AND interval '30 days') IS NOT TRUE THEN
		RAISE EXCEPTION '% notices cannot be taken for %', most, lease USING ERRCODE = 'invalid_parameter_value', HINT = 'Take 1 to 100,000 notices for 1 second to 30 days.';
	END IF;
	PERFORM _dunning.need_all_facts();
	ids := ARRAY(SELECT n.notice FROM dunning.notice AS n
		WHERE n.channel = take_notices.channel AND n.state IN ('waiting', 'taken') AND n.ready_at <= now()
		ORDER BY n.ready_at, n.notice LIMIT most FOR UPDATE SKIP LOCKED);
	-- whoever cancels a reminder locks it first: what another transaction is changing now is for the next time
	locked := ARRAY(SELECT r.reminder FROM dunning.reminder AS r
		WHERE r.reminder IN (SELECT l.reminder FROM dunning.notice_reminder AS l WHERE l.notice = ANY (ids) AND l.removed IS NULL)
		ORDER BY r.reminder FOR NO KEY UPDATE SKIP LOCKED);
	ids := ARRAY(SELECT u FROM unnest(ids) AS u EXCEPT SELECT l.notice FROM dunning.notice_reminder AS l
		JOIN dunning.reminder AS r ON r.reminder = l.reminder
		WHERE l.notice = ANY (ids) AND l.removed IS NULL AND l.reminder <> ALL (locked));
	-- whatever it is that no sender survives
	UPDATE dunning.notice AS n SET state = 'set_aside', reason = format('it was taken %s times and never reported', n.tries)
	WHERE n.notice = ANY (ids) AND n.state = 'taken' AND n.tries >= tries_most;
	PERFORM _dunning.withdraw_released(array_agg(n.notice)) FROM dunning.notice AS n
	WHERE n.notice = ANY (ids) AND NOT EXISTS (SELECT FROM dunning.ledger AS s WHERE s.ledger = n.ledger) HAVING count(*) > 0;
	-- of a ledger that is to come back
	UPDATE dunning.notice AS n SET state = 'waiting', reason = format('ledger "%s" is released', n.ledger), ready_at = now() + _dunning.retry_after(3)
	FROM dunning.ledger AS s WHERE s.ledger = n.ledger AND s.state <> 'adopted' AND n.notice = ANY (ids) AND n.state <> 'set_aside';
	ids := ARRAY(SELECT n.notice FROM dunning.notice AS n JOIN dunning.ledger AS s ON s.ledger = n.ledger AND s.state = 'adopted'
		WHERE n.notice = ANY (ids));
	FOR l IN
		SELECT o.ledger, array_agg(o.notice ORDER BY o.notice) AS notices
		FROM (SELECT n.ledger, n.notice, (row_number() OVER (PARTITION BY n.ledger ORDER BY n.notice) - 1) / at_once AS part
			FROM dunning.notice AS n WHERE n.notice = ANY (ids) AND n.state <> 'set_aside') AS o
		GROUP BY o.ledger, o.part ORDER BY o.ledger, o.part
	LOOP
		BEGIN
			PERFORM _dunning.refresh_notices(l.ledger, l.notices, _dunning.real_day(), lease);
		EXCEPTION
			WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
				RAISE;
			WHEN OTHERS OR assert_failure THEN
				-- one ledger that cannot be read keeps nobody else waiting
				UPDATE dunning.notice AS n SET state = 'waiting', reason = SQLERRM, ready_at = now() + _dunning.retry_after(3)
				WHERE n.notice = ANY (l.notices);
				RAISE WARNING 'notices of ledger "%" cannot be taken: %', l.ledger, SQLERRM;
		END;
	END LOOP;
	RETURN QUERY SELECT n.* FROM dunning.notice AS n WHERE n.notice = ANY (ids) AND n.channel = take_notices.channel AND n.state = 'taken'
		AND n.ready_at > now() ORDER BY n.notice;
END
$$;
COMMENT ON FUNCTION dunning.take_notices(text, integer, interval) IS
	'Takes notices of a channel to send them: nobody else gets them while the lease lasts. Each is looked at again and written as of now. Say what became of each: notice_sent or notice_failed; one of which nothing is said comes back after the lease. Error 22023';

CREATE FUNCTION dunning.notice_sent(notice bigint, sent_on date DEFAULT NULL, deposit_number text DEFAULT NULL) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	n CONSTANT dunning.notice := _dunning.need_notice(notice);
	day CONSTANT date := coalesce(notice_sent.sent_on, _dunning.real_day());
	r record;
BEGIN
	IF n.state = 'sent' THEN
		RETURN false;
	END IF;
	IF n.body IS NULL OR n.state = 'withdrawn' THEN
		RAISE EXCEPTION 'notice % is %', notice_sent.notice, CASE n.state WHEN 'withdrawn' THEN 'withdrawn' ELSE 'not written yet' END
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('Reason: %s.', coalesce(n.reason, 'none given')), HINT = format('Take it first: SELECT * FROM dunning.take_notices(%L).', n.channel);
	END IF;
	IF day > _dunning.real_day() OR day < _dunning.noted_day(n.made_at) THEN
		RAISE EXCEPTION 'notice % cannot have been sent on %', notice_sent.notice, to_char(day, 'YYYY-MM-DD')
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It was made on %s, and today is %s.', to_char(_dunning.noted_day(n.made_at), 'YYYY-MM-DD'), to_char(_dunning.real_day(), 'YYYY-MM-DD'));
	END IF;
	UPDATE dunning.notice AS f SET state = 'sent', sent_on = day, sent_at = now(), reason = NULL,
		deposit_number = nullif(btrim(notice_sent.deposit_number), '') WHERE f.notice = notice_sent.notice;
	-- whoever changes one of them has locked it: what he made of it is seen afterwards
	PERFORM FROM dunning.reminder AS m WHERE m.reminder IN (
		SELECT l.reminder FROM dunning.notice_reminder AS l WHERE l.notice = notice_sent.notice AND l.removed IS NULL
		UNION ALL SELECT e.reminder FROM dunning.notice_reminder AS l
		JOIN dunning.reminder AS s ON s.reminder = l.reminder
		JOIN dunning.reminder AS e ON e.item = s.item AND e.ledger = s.ledger AND e.part = s.part AND e.state = 'pending'
		WHERE l.notice = notice_sent.notice AND l.removed IS NULL)
	ORDER BY m.reminder FOR UPDATE;
	-- what was cancelled while it was on its way stays so
	FOR r IN SELECT m.reminder FROM dunning.notice_reminder AS l JOIN dunning.reminder AS m ON m.reminder = l.reminder
		WHERE l.notice = notice_sent.notice AND l.removed IS NULL AND m.state = 'pending' ORDER BY m.reminder
	LOOP
		PERFORM dunning.mark_reminder_sent(r.reminder, day);
	END LOOP;
	-- earlier steps of the items went without a word of their own
	FOR r IN
		SELECT DISTINCT e.reminder
		FROM dunning.notice_reminder AS l
		JOIN dunning.reminder AS m ON m.reminder = l.reminder AND m.state = 'sent'
		JOIN dunning.reminder AS e ON e.item = m.item AND e.ledger = m.ledger AND e.part = m.part AND e.state = 'pending'
			AND (e.level, e.occurrence) < (m.level, m.occurrence)
		WHERE l.notice = notice_sent.notice AND l.removed IS NULL AND e.raised_on <= day
			AND NOT _dunning.of_event(e.step) AND NOT _dunning.of_event(m.step)
			AND _dunning.channel_needs(e.channel) IS NOT NULL AND _dunning.channel_needs(m.channel) IS NOT NULL
			AND NOT _dunning.in_hand(e.reminder)
		ORDER BY e.reminder
	LOOP
		PERFORM dunning.skip_reminder(r.reminder, format('message %s about a later step went out instead', notice_sent.notice), day);
	END LOOP;
	RETURN true;
END
$$;
COMMENT ON FUNCTION dunning.notice_sent(bigint, date, text) IS
	'Says that a notice was sent, and when, with the deposit number of a registered letter. Its pending reminders are sent; earlier steps of its items that wait for a message are skipped. False if it was sent. Errors: 55000 if it was never taken or is withdrawn, 22023 for the day, P0002';

CREATE FUNCTION dunning.notice_failed(notice bigint, error text, permanent boolean DEFAULT false, tries integer DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	tries_most CONSTANT integer := 7;
	n CONSTANT dunning.notice := _dunning.need_notice(notice);
	new_state CONSTANT text := CASE WHEN permanent OR n.tries >= tries_most THEN 'set_aside' ELSE 'waiting' END;
BEGIN
	-- a sender whose lease was over says nothing of what another one does
	IF n.state <> 'taken' OR n.tries <> notice_failed.tries THEN
		RETURN n.state;
	END IF;
	UPDATE dunning.notice AS f SET state = new_state, reason = coalesce(nullif(btrim(left(notice_failed.error, 1000)), ''), 'no reason given'),
		ready_at = now() + _dunning.retry_after(n.tries)
	WHERE f.notice = notice_failed.notice;
	RETURN new_state;
END
$$;
COMMENT ON FUNCTION dunning.notice_failed(bigint, text, boolean, integer) IS
	'Says that a notice that was taken could not be sent: it waits 5, 15, 45 minutes and so on, and is set aside with the error after 7 tries, or at once if the error is permanent. With tries, as take_notices gave them, a report of an earlier try changes nothing. Returns the state; error P0002';

CREATE FUNCTION dunning.notice_returned(notice bigint, reason text, on_day date DEFAULT NULL) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	n CONSTANT dunning.notice := _dunning.need_notice(notice);
	day CONSTANT date := coalesce(notice_returned.on_day, _dunning.real_day());
BEGIN
	IF n.state <> 'sent' THEN
		RAISE EXCEPTION 'notice % was not sent', notice_returned.notice USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('It is %s.', n.state);
	END IF;
	IF coalesce(btrim(notice_returned.reason), '') = '' OR day < n.sent_on OR day > _dunning.real_day() THEN
		RAISE EXCEPTION 'notice % cannot have come back on %', notice_returned.notice, to_char(day, 'YYYY-MM-DD')
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a reason, and a day from the one on which it was sent until today.';
	END IF;
	IF n.returned_on IS NOT NULL THEN
		RETURN false;
	END IF;
	UPDATE dunning.notice AS f SET returned_on = day, return_reason = btrim(notice_returned.reason) WHERE f.notice = notice_returned.notice;
	RETURN true;
END
$$;
COMMENT ON FUNCTION dunning.notice_returned(bigint, text, date) IS 'Notes that a notice came back, a bounce or a returned letter; false if that was noted. Errors: 55000 if it was not sent, 22023 without a reason or for another day, P0002';

CREATE FUNCTION dunning.notice_presented(notice bigint, on_day date) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	n CONSTANT dunning.notice := _dunning.need_notice(notice);
BEGIN
	IF n.state <> 'sent' THEN
		RAISE EXCEPTION 'notice % was not sent', notice_presented.notice USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = format('It is %s.', n.state);
	END IF;
	IF (on_day BETWEEN n.sent_on AND _dunning.real_day()) IS NOT TRUE THEN
		RAISE EXCEPTION 'notice % cannot have been presented on %', notice_presented.notice, coalesce(to_char(on_day, 'YYYY-MM-DD'), 'NULL')
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It was sent on %s.', to_char(n.sent_on, 'YYYY-MM-DD'));
	END IF;
	IF n.presented_on IS NOT NULL THEN
		RETURN false;
	END IF;
	UPDATE dunning.notice AS f SET presented_on = on_day WHERE f.notice = notice_presented.notice;
	-- interest that runs from a formal notice runs from this day
	UPDATE dunning.reminder AS r SET presented_on = on_day FROM dunning.notice_reminder AS l
	WHERE l.notice = notice_presented.notice AND l.removed IS NULL AND r.reminder = l.reminder AND r.state = 'sent' AND r.sent_on <= on_day
		AND r.presented_on IS NULL;
	RETURN true;
END
$$;
COMMENT ON FUNCTION dunning.notice_presented(bigint, date) IS 'Notes the day on which a registered letter was first presented: interest that runs from a formal notice runs from it. False if one was noted. Errors: 55000 if it was not sent, 22023 for a day before or to come, P0002';

CREATE FUNCTION dunning.withdraw_notice(notice bigint, reason text) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	n CONSTANT dunning.notice := _dunning.need_notice(notice);
BEGIN
	IF coalesce(btrim(withdraw_notice.reason), '') = '' THEN
		RAISE EXCEPTION 'a reason is needed to withdraw a notice' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	IF n.state = 'withdrawn' THEN
		RETURN false;
	END IF;
	IF n.state = 'sent' OR n.state = 'taken' AND n.ready_at > now() THEN
		RAISE EXCEPTION 'notice % is %', withdraw_notice.notice, n.state USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = CASE n.state WHEN 'taken' THEN 'A sender has it in hand.' ELSE 'It came back? SELECT dunning.notice_returned(...).' END;
	END IF;
	UPDATE dunning.notice_reminder AS l SET removed = btrim(withdraw_notice.reason) WHERE l.notice = withdraw_notice.notice
		AND l.removed IS NULL;
	UPDATE dunning.notice AS f SET state = 'withdrawn', reason = btrim(withdraw_notice.reason) WHERE f.notice = withdraw_notice.notice;
	RETURN true;
END
$$;
COMMENT ON FUNCTION dunning.withdraw_notice(bigint, text) IS
	'Withdraws a notice that waits or is set aside; the next make_notices makes another one of its reminders. False if it was withdrawn. Errors: 22023 without a reason, 55000 if it was sent or a sender has it in hand, P0002';

CREATE TYPE dunning.contact_gap AS ( --: A payer who cannot be reached as the next step wants it
	ledger name, --: Ledger
	customer dunning.item_key, --: Key of the payer
	name text, --: Name of the payer
	company text, --: Company of the items
	channel text, --: Channel of the next step
	lacks text, --: What is missing: email, phone or address; identifier: the SIREN or VAT number without which a formal notice cannot be written; NULL: the last message came back
	sent_by text, --: Channel that is used instead; NULL: none, the notice will be set aside
	returned_on date, --: Day on which the last message of this channel came back
	items bigint, --: Number of items
	open_amount numeric, --: Their open amount, in one currency
	currency text --: This currency
);

CREATE FUNCTION dunning.contact_gaps(ledger name DEFAULT NULL) RETURNS SETOF dunning.contact_gap
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	l name;
BEGIN
	PERFORM _dunning.need_ledger(contact_gaps.ledger);
	FOR l IN SELECT s.ledger FROM dunning.ledger AS s WHERE s.state = 'adopted' AND (contact_gaps.ledger IS NULL OR s.ledger = contact_gaps.ledger)
		ORDER BY s.ledger LOOP
		RETURN QUERY
		WITH w AS MATERIALIZED (
			SELECT w.payer, w.payer_name, w.company, w.currency, w.channel, max(w.level) AS level, min(w.email) AS email,
				min(w.phone) AS phone, count(*) AS items, sum(w.open_amount - w.held_amount) AS open_amount,
				(array_agg(w.step ORDER BY w.level DESC))[1] AS step, (array_agg(w.procedure_name ORDER BY w.level DESC))[1] AS procedure,
				array_agg(w.item) AS keys
			FROM _dunning.ledger_worklist(l, 'i.open_amount > 0', 'w.channel IS NOT NULL') AS w
			WHERE _dunning.is_message(w.channel) AND w.payer IS NOT NULL
			GROUP BY w.payer, w.payer_name, w.company, w.currency, w.channel
		), f AS MATERIALIZED (
			SELECT d.* FROM (SELECT DISTINCT w.channel, w.step, w.level, w.procedure FROM w) AS d
			WHERE EXISTS (SELECT FROM dunning.template AS m WHERE m.kind = 'formal notice'
				AND m.name = dunning.template_of_step(d.channel, d.step, d.level, d.procedure, dunning.today()))
		), t AS MATERIALIZED (
			SELECT w.*, a.who, f.channel IS NOT NULL
				AND _dunning.needs_identifier(_dunning.customer_part(w.payer::text, c.facts, v.sender)) AS unnamed
			FROM w
			LEFT JOIN f ON f.channel = w.channel AND f.step = w.step AND f.level = w.level AND f.procedure = w.procedure
			LEFT JOIN _dunning.ledger_customers(l, ARRAY(SELECT DISTINCT w.payer FROM w)) AS c ON c.customer = w.payer
			CROSS JOIN LATERAL (SELECT _dunning.find_sender(l, w.company, dunning.today()) AS sender OFFSET 0) AS v
			CROSS JOIN LATERAL (SELECT _dunning.find_addressee(l, w.company, w.payer, w.channel, w.level, dunning.today(),
				jsonb_build_object('email', w.email, 'phone', w.phone) || jsonb_strip_nulls(coalesce(c.facts, '{}')), v.sender) AS who OFFSET 0) AS a
		), p AS (
			SELECT DISTINCT x.item FROM _dunning.source_rows(_dunning.keys_source(l, dunning.today(),
				ARRAY(SELECT DISTINCT k FROM t CROSS JOIN unnest(t.keys) AS k WHERE t.unnamed))) AS x WHERE x.professional IS FALSE
		)
		SELECT l, t.payer, t.payer_name, t.company, t.channel, coalesce((t.who).lacks, u.lacks),
			CASE WHEN u.lacks IS NULL THEN (t.who).channel END,
			b.returned_on, t.items, t.open_amount, t.currency
		FROM t
		CROSS JOIN LATERAL (SELECT CASE WHEN t.unnamed AND (t.who).lacks IS NULL AND NOT EXISTS (SELECT FROM p WHERE p.item = ANY (t.keys))
			THEN 'identifier' END AS lacks) AS u
		LEFT JOIN LATERAL (
			SELECT n.returned_on, n.email, n.address FROM dunning.notice AS n
			WHERE n.customer = t.payer AND n.ledger = l AND n.channel = t.channel AND n.state = 'sent' ORDER BY n.sent_at DESC LIMIT 1) AS b
			-- an address that is another one since is a cure
			ON CASE _dunning.channel_needs(t.channel) WHEN 'email' THEN b.email = (t.who).email ELSE strpos(b.address, (t.who).address) > 0 END
		WHERE coalesce((t.who).lacks, u.lacks) IS NOT NULL OR b.returned_on IS NOT NULL
		ORDER BY t.open_amount DESC, t.payer;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dunning.contact_gaps(name) IS 'The payers with open items whom the channel of the next step does not reach, because an address is missing, or the number that a formal notice needs, or the last message came back. Error 42704 for an unknown ledger';
