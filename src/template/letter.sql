-- Messages made of the templates in dunning.template, and what a template is checked for.

CREATE FUNCTION dunning.html_of_text(text text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_html_of_text';
COMMENT ON FUNCTION dunning.html_of_text(text) IS 'A text as HTML: its special characters are escaped, empty lines separate paragraphs, and lines stay lines';

-- These two are put in place of their calls by the planner.
CREATE FUNCTION dunning.find_template(name text, language text, channel text DEFAULT NULL, procedure text DEFAULT NULL,
	level integer DEFAULT NULL,
		on_day date DEFAULT dunning.today()) RETURNS SETOF dunning.template
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT t.* FROM dunning.template AS t
	WHERE t.name = find_template.name AND t.language = find_template.language AND t.kind <> 'partial'
		AND t.channel IN ('', find_template.channel) AND t.procedure IN ('', find_template.procedure)
			AND t.level IN (0, find_template.level)
		AND on_day BETWEEN t.valid_from AND coalesce(t.valid_until, 'infinity')
	ORDER BY t.shipped, t.procedure = '', t.level = 0, t.channel = '', t.valid_from DESC LIMIT 1;
END;
COMMENT ON FUNCTION dunning.find_template IS 'The template of a name and a language on a day, for a channel and a step of a procedure: a row of your own before a shipped one, then one for the procedure, for the step, for the channel, then the latest. No row if there is none';

CREATE FUNCTION _dunning.template_partials(language text, on_day date, html boolean DEFAULT false) RETURNS SETOF jsonb
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT jsonb_object_agg(p.name, CASE WHEN template_partials.html AND p.html IS NOT NULL THEN jsonb_build_object('html', p.html)
		ELSE to_jsonb(p.body) END)
	FROM (
		SELECT DISTINCT ON (t.name) t.name, t.body, t.html FROM dunning.template AS t
		WHERE t.kind = 'partial' AND t.language IN (template_partials.language, 'mul') AND on_day BETWEEN t.valid_from AND coalesce(t.valid_until, 'infinity')
		ORDER BY t.name, t.language = 'mul', t.shipped, t.valid_from DESC
	) AS p;
END;
COMMENT ON FUNCTION _dunning.template_partials(text, date, boolean) IS
	'The partials of a language on a day, as an object by name: their texts; or for HTML {"html": ...} where they have it';

-- The frame of a message in HTML is a partial, too, and its text is the partial content.
CREATE FUNCTION _dunning.page_partials(t dunning.template, on_day date) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(p, '{}') || jsonb_build_object('content', t.body, 'subject', t.subject, 'html', jsonb_build_object('html', t.html))
	FROM _dunning.template_partials(t.language, on_day, true) AS p
$$;
COMMENT ON FUNCTION _dunning.page_partials(dunning.template, date) IS 'The partials of a template for its HTML: those of its language, and what the template itself has';

CREATE FUNCTION _dunning.render_html(t dunning.template, context jsonb, partials jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN dunning.render(CASE
			WHEN t.html IS NOT NULL THEN '{{> html}}'
			WHEN t.kind = 'script' THEN '{{> content}}'
			WHEN context #>> '{step,channel}' IN ('letter', 'registered_letter') THEN '{{> letter_page}}'
			ELSE '{{> email_page}}' END, context, partials, 'paragraphs');
COMMENT ON FUNCTION _dunning.render_html(dunning.template, jsonb, jsonb) IS
	'A message as a page of HTML: its own HTML, or its text within the frame of its channel; partials: as _dunning.page_partials has them';

-- What the pages of dunning.case_file and dunning.statement have.
CREATE FUNCTION _dunning.page_sample(language text) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_set(s.sample, '{statement,movements,0,due_on}', s.sample #> '{items,0,due_on}') || jsonb_build_object('file', jsonb_build_object(
		'totals', jsonb_build_array(jsonb_build_object('currency', 'EUR', 'count', 2, 'overdue', s.sample #> '{totals,open_amount}', 'claimed', dunning.format_money(107.57, 'EUR', s.known),
				'late_fee', s.sample #> '{totals,late_fees}') || (s.sample -> 'totals')),
		'items', jsonb_build_array((s.sample #> '{items,0}') || jsonb_build_object('what', 'invoice', 'late_fee', dunning.format_money(3, 'EUR', s.known), 'state', 'due', 'problem', 'a rate is missing',
			'late_fees', s.sample #> '{penalties,late_fees}', 'has_fees', true, 'fees', jsonb_build_array(jsonb_build_object(
				'sent_on', dunning.format_date('2026-06-11', s.known), 'channel', 'letter', 'label', 'Reminder', 'amount', s.sample #> '{items,0,fee}',
				'raw', '{}'::jsonb)),
			'movements', s.sample #> '{statement,movements}',
			'reckoning', jsonb_build_array(jsonb_build_object('from_day', dunning.format_date('2026-05-04', s.known), 'to_day', dunning.format_date('2026-07-20', s.known), 'days', 78,
				'rate', s.sample #> '{penalties,rate}', 'principal', s.sample #> '{items,0,open_amount}', 'interest', s.sample #> '{items,0,interest}', 'raw', '{}'::jsonb)))),
		'has_late_fees', true, 'has_fees', true, 'has_notices', true, 'notices', jsonb_build_array(jsonb_build_object('sent_on', dunning.format_date('2026-06-11', s.known), 'channel', 'registered_letter', 'address', 'Durand & Fils SARL',
			'subject', 'Formal notice', 'body', 'Dear Sir or Madam, ...', 'total', s.sample #> '{totals,total}', 'deposit_number', '1A 123', 'presented_on', dunning.format_date('2026-06-12', s.known),
			'returned_on', dunning.format_date('2026-06-15', s.known), 'return_reason', 'unknown', 'files', jsonb_build_array('F-2026-101.pdf'), 'raw', '{}'::jsonb)),
		'log', jsonb_build_array(jsonb_build_object('on_day', dunning.format_date('2026-06-18', s.known), 'time', '10:30', 'kind', 'contact', 'what', 'Call to the customer', 'amount', s.sample #> '{items,0,amount}', 'by_whom', 'anna',
			'raw', '{}'::jsonb))))
	FROM (SELECT dunning.template_sample(language) AS sample, _dunning.written_language(language) AS known) AS s
$$;
COMMENT ON FUNCTION _dunning.page_sample(text) IS 'A sample of the context of pages: that of messages, and the file of a customer';

-- The elements of a formal notice (mise en demeure): Code civil 1344, and what courts and
-- lawyers ask of the letter.  An element is there if the rendered text shows the values
-- of one of its paths, or if it has the words of the language.
CREATE FUNCTION _dunning.notice_elements(language text) RETURNS TABLE (element text, paths jsonpath[], words text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT v.element, v.paths::jsonpath[], NULL FROM (VALUES
		('the name of the creditor', '{$.company.name}'), ('the name of the debtor', '{$.customer.name}'),
		('the SIREN of the debtor, or his VAT number', '{$.customer.siren,$.customer.vat_number}'),
		('the number of each invoice', '{$.items[*].reference}'), ('the date of each invoice', '{$.items[*].issued_on}'),
		('the due date of each invoice', '{$.items[*].due_on}'), ('the amount of each invoice', '{$.items[*].amount}'),
		('the open amount of each invoice', '{$.items[*].open_amount}'), ('the days past due of each invoice', '{$.items[*].days_past_due}'),
		('the interest on each invoice', '{$.items[*].interest}'), ('the yearly rate of the interest', '{$.penalties.rate}'),
		('the compensation for recovery costs', '{$.items[*].compensation,$.totals.compensation}'), ('the amount to pay', '{$.totals.total}'),
		('the day before which to pay', '{$.deadline.pay_before}'), ('who signs', '{$.company.signatory}')) AS v (element, paths)
	UNION ALL
	SELECT v.element, NULL, v.words FROM (VALUES
		('fr', 'the words "mise en demeure"', 'mise en demeure|mettons en demeure'), ('fr', 'the consequence if nothing is paid', 'tribunal|justice|judiciaire|injonction'),
		('fr', 'that the letter is registered', 'recommand'),
		('en', 'the words "formal notice"', 'formal notice'), ('en', 'the consequence if nothing is paid', 'court|legal|proceedings'),
		('en', 'that the letter is registered', 'registered'),
		('de', 'the word "Mahnung"', 'mahnung'), ('de', 'the consequence if nothing is paid', 'gericht|mahnbescheid|rechtsanwalt'),
		('de', 'that the letter is registered', 'einschreiben'),
		('nl', 'the word "ingebrekestelling"', 'ingebrekestelling|in gebreke'), ('nl', 'the consequence if nothing is paid', 'rechter|gerechtelijk|deurwaarder'),
		('nl', 'that the letter is registered', 'aangetekend')) AS v (language, element, words)
	WHERE v.language = notice_elements.language
$$;
COMMENT ON FUNCTION _dunning.notice_elements(text) IS 'The elements of a formal notice in a language: the paths of the context of which one has to be shown whole, or the words that have to stand in it. A language of one''s own has no words';

-- Only who is registered in France has a SIREN (its overseas departments included); elsewhere
-- a number of value added tax may be lacking in law, and the name and the postal address say who is meant.
CREATE FUNCTION _dunning.needs_identifier(customer jsonb) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN coalesce(customer ->> 'siren', '') = '' AND coalesce(customer ->> 'vat_number', '') = '' AND (customer -> 'professional' = 'false') IS NOT TRUE
		AND coalesce(customer #>> '{raw,country}', 'FR') IN ('FR', 'GP', 'MQ', 'GF', 'RE', 'YT', 'PM', 'BL', 'MF');
COMMENT ON FUNCTION _dunning.needs_identifier(jsonb) IS 'Whether a debtor, the part customer of a context, lacks the SIREN or VAT number without which a formal notice to him has a hole: a professional in France, or whose country is not known';

-- A penalty of 0 is known, and is written as nothing.
CREATE FUNCTION dunning.missing_values(context jsonb) RETURNS SETOF text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 1 SET search_path = pg_catalog, pg_temp AS $$
	WITH item AS MATERIALIZED (
		SELECT i.value, coalesce(i.value ->> 'reference', i.n::text) AS reference, i.n
		FROM jsonb_array_elements(CASE jsonb_typeof(missing_values.context -> 'items') WHEN 'array' THEN missing_values.context -> 'items'
			ELSE '[]' END) WITH ORDINALITY AS i (value, n)
	)
	(SELECT e.element || coalesce(': ' || string_agg(DISTINCT l.reference, ', ' ORDER BY l.reference), '')
	FROM _dunning.notice_elements(NULL) WITH ORDINALITY AS e (element, paths, words, n)
	CROSS JOIN LATERAL (
		-- $."items"[*]."interest"
		SELECT bool_or(CASE WHEN p.part[1] = 'items'
			THEN EXISTS (SELECT FROM item) AND NOT EXISTS (SELECT FROM item AS i
				WHERE coalesce(i.value ->> p.part[2], '') = '' AND (jsonb_typeof(i.value #> ARRAY['raw', p.part[2]]) = 'number') IS NOT TRUE)
			ELSE coalesce(missing_values.context #>> p.part, '') <> '' END) AS known, min(p.part[2]) FILTER (WHERE p.part[1] = 'items') AS name
		FROM (SELECT ARRAY(SELECT m[1] FROM regexp_matches(q.path::text, '"([a-z_]+)"', 'g') AS m) AS part FROM unnest(e.paths) AS q (path)) AS p
	) AS k
	LEFT JOIN item AS l ON k.name IS NOT NULL AND coalesce(l.value ->> k.name, '') = ''
		AND (jsonb_typeof(l.value #> ARRAY['raw', k.name]) = 'number') IS NOT TRUE
	WHERE NOT k.known
		AND NOT (e.element ~ 'SIREN' AND NOT _dunning.needs_identifier(missing_values.context -> 'customer'))
		AND NOT (e.element ~ 'rate' AND (missing_values.context #> '{totals,raw,interest}' = '0') IS TRUE)
	GROUP BY e.n, e.element ORDER BY e.n)
	UNION ALL
	SELECT 'the postal address of the debtor, who has no SIREN or VAT number' FROM (SELECT missing_values.context -> 'customer') AS c (customer)
	WHERE concat(c.customer ->> 'siren', c.customer ->> 'vat_number', c.customer ->> 'address', missing_values.context #>> '{contact,address}') = ''
		AND (c.customer -> 'professional' = 'false') IS NOT TRUE AND NOT _dunning.needs_identifier(c.customer)
$$;
COMMENT ON FUNCTION dunning.missing_values(jsonb) IS 'The elements of a formal notice that a context has no value for, with the invoices that lack one. A penalty that raw says to be 0 is known; a consumer has no SIREN, and a debtor outside France is known by his postal address';

CREATE FUNCTION _dunning.render_row(t dunning.template, context jsonb, partials jsonb, page_partials jsonb,
		OUT subject text, OUT body text, OUT html text) RETURNS record
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing text;
BEGIN
	IF t.kind = 'formal notice' THEN
		SELECT string_agg(m, E'\n') INTO missing FROM dunning.missing_values(context) AS m;
		IF missing IS NOT NULL THEN
			RAISE EXCEPTION 'formal notice "%" cannot be written', t.name
				USING ERRCODE = 'null_value_not_allowed', DETAIL = missing, HINT = 'A formal notice with holes may have no effect: give the values, or take another template.';
		END IF;
	END IF;
	subject := translate(dunning.render(t.subject, context, partials), E'\n\r\t', '   ');
	body := dunning.render(t.body, context, partials);
	html := _dunning.render_html(t, context, page_partials);
END
$$;
COMMENT ON FUNCTION _dunning.render_row(dunning.template, jsonb, jsonb, jsonb) IS
	'The message of a template that was found, with the partials of its language, as _dunning.template_partials and page_partials have them; error 22004 for a formal notice whose context has holes';

CREATE FUNCTION dunning.render_template(name text, context jsonb, language text DEFAULT NULL, channel text DEFAULT NULL,
	procedure text DEFAULT NULL,
		level integer DEFAULT NULL, on_day date DEFAULT dunning.today(), OUT subject text, OUT body text, OUT html text) RETURNS record
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	spoken CONSTANT text := coalesce(language, context->>'language');
	t dunning.template;
BEGIN
	IF name IS NULL OR context IS NULL THEN
		RETURN;
	END IF;
	SELECT f.* INTO t FROM dunning.find_template(name, spoken, channel, procedure, level, on_day) AS f;
	IF t.name IS NULL THEN
		RAISE EXCEPTION 'there is no template "%" in language "%"', name, coalesce(spoken, 'NULL')
			USING ERRCODE = 'undefined_object', HINT = 'SELECT name, language, channel FROM dunning.template lists them; dunning.save_template adds one.';
	END IF;
	SELECT r.* INTO subject, body, html
	FROM _dunning.render_row(t, context, (SELECT p FROM _dunning.template_partials(t.language, on_day) AS p),
		_dunning.page_partials(t, on_day)) AS r;
END
$$;
COMMENT ON FUNCTION dunning.render_template IS 'The message of a template: subject, text and HTML, filled with a context. The language defaults to that of the context. The subject is one line. Errors: 42704 if there is no such template, 22004 for a formal notice whose context has holes, and those of render';

-- A language of one's own has templates, too.
CREATE FUNCTION _dunning.written_language(language text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN language IN ('en', 'fr', 'de', 'nl') THEN language ELSE 'en' END;
COMMENT ON FUNCTION _dunning.written_language(text) IS 'The language whose amounts and days a message in a language has: en, fr, de and nl have their own';

-- Each value occurs once, so that a rendered template shows which of them it has.
CREATE FUNCTION dunning.template_sample(language text DEFAULT 'en') RETURNS jsonb
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	known CONSTANT text := _dunning.written_language(language);
	items jsonb := '[]';
	movements jsonb := '[]';
	instalments jsonb := '[]';
	words CONSTANT text[] := CASE known WHEN 'fr' THEN '{facture,paiement,promesse,non tenue,"paiera en juillet","Directrice du recouvrement",avoir}' WHEN 'de' THEN '{Rechnung,Zahlung,Zusage,nicht gehalten,"zahlt im Juli","Leiterin Debitoren",Gutschrift}'
		WHEN 'nl' THEN '{factuur,betaling,toezegging,"niet nagekomen","betaalt in juli","Hoofd debiteuren",creditnota}' ELSE '{invoice,payment,promise,broken,"will pay in July","Credit manager","credit note"}' END;
	r record;
BEGIN
	FOR r IN SELECT * FROM (VALUES
		('F-2026-101', date '2026-04-02', date '2026-05-03', 1846.20, 1831.35, 78, 48.53, 40.00, 12.50, NULL, date '2026-05-08'),
		('F-2026-107', '2026-04-21', '2026-05-22', 950.75, 949.99, 59, 19.04, 40.00, NULL, 3.25, '2026-05-27'))
		AS v (reference, issued_on, due_on, amount, open_amount, days_past_due, interest, compensation, fee, late_fee, last_reminder_on)
	LOOP
		items := items || jsonb_build_object('reference', r.reference, 'part', NULL, 'issued_on', dunning.format_date(r.issued_on, known), 'due_on',
			dunning.format_date(r.due_on, known),
			'amount', dunning.format_money(r.amount, 'EUR', known), 'open_amount', dunning.format_money(r.open_amount, 'EUR', known), 'partly_paid', true,
			'days_past_due', r.days_past_due, 'one_day', false,
			'interest', dunning.format_money(r.interest, 'EUR', known), 'compensation', dunning.format_money(r.compensation, 'EUR', known),
			'fee', dunning.format_money(r.fee, 'EUR', known), 'late_fee', dunning.format_money(r.late_fee, 'EUR', known),
			'last_reminder_on', dunning.format_date(r.last_reminder_on, known), 'customer_name', 'Durand Lyon 2', 'link', 'https://acme.example/' || r.reference || '.pdf',
			'raw', to_jsonb(r) - 'reference' - 'days_past_due' || jsonb_build_object('item', substr(r.reference, 8), 'part', 1, 'rate', 12.40, 'compensation_currency', 'EUR', 'fee_currency', 'EUR'));
	END LOOP;
	FOR r IN SELECT * FROM (VALUES (date '2026-04-02', 'F-2026-101', words[1], 1846.20, 1846.20), ('2026-04-21', 'F-2026-107', words[1], 950.75, 2796.95),
		('2026-05-12', 'V-88', words[2], -15.61, 2781.34))
		AS v (on_day, reference, what, amount, balance)
	LOOP
		movements := movements || jsonb_build_object('on_day', dunning.format_date(r.on_day, known), 'reference', r.reference, 'what', r.what,
			'amount', dunning.format_money(r.amount, 'EUR', known), 'balance', dunning.format_money(r.balance, 'EUR', known), 'raw', to_jsonb(r) - 'reference' - 'what');
	END LOOP;
	FOR r IN SELECT * FROM (VALUES (1, date '2026-08-15', 1390.67), (2, date '2026-09-15', 1390.67)) AS v (n, due_on, amount) LOOP
		instalments := instalments || jsonb_build_object('n', r.n, 'due_on', dunning.format_date(r.due_on, known), 'amount',
			dunning.format_money(r.amount, 'EUR', known),
			'raw', to_jsonb(r) - 'n');
	END LOOP;
	RETURN jsonb_build_object(
		'language', coalesce(language, 'en'), 'currency', 'EUR', 'reference', 'N-2026-000123', 'written_on', dunning.format_date('2026-07-20', known), 'raw', '{"written_on": "2026-07-20"}'::jsonb,
		'company', jsonb_build_object('name', 'ACME SAS', 'address', E'1 rue de la Paix\n75002 Paris', 'city', 'Paris', 'country', 'FR', 'email', 'credit@acme.example',
			'phone', '+33 1 99 00 12 34', 'siren', '732829320', 'vat_number', 'FR44732829320', 'legal', 'SAS, RCS Paris 732 829 320', 'signatory', 'Anne Martin', 'signatory_role', words[6]),
		'customer', jsonb_build_object('number', 'C-4711', 'name', 'Durand & Fils SARL', 'address', E'12 quai des Brumes\n69002 Lyon', 'city', 'Lyon', 'country', 'FR',
			'siren', '404833048', 'vat_number', 'FR83404833048', 'professional', true, 'raw', '{"country": "FR"}'::jsonb),
		'contact', jsonb_build_object('name', 'Paul Durand', 'email', 'compta@durand.example', 'phone', '+33 4 99 00 56 78', 'address', E'BP 17\n69371 Lyon', 'role', 'accounts_payable'),
		'step', jsonb_build_object('level', 3, 'label', 'Formal letter', 'channel', 'letter'),
		'items', items,
		'credits', jsonb_build_array(jsonb_build_object('what', words[7], 'reference', 'A-2026-12', 'issued_on', dunning.format_date('2026-06-30', known), 'open_amount',
			dunning.format_money(61.15, 'EUR', known),
			'set_off', NULL, 'raw', '{"kind": "credit_note", "issued_on": "2026-06-30", "open_amount": 61.15, "set_off": 0}'::jsonb)),
		'totals', jsonb_build_object('count', 2, 'several', true, 'summed', true, 'credits', NULL, 'open_amount', dunning.format_money(2781.34, 'EUR', known), 'interest',
			dunning.format_money(67.57, 'EUR', known),
			'compensation', dunning.format_money(80, 'EUR', known), 'late_fees', dunning.format_money(3.25, 'EUR', known),
			'penalty', dunning.format_money(150.82, 'EUR', known), 'fees', dunning.format_money(12.50, 'EUR', known),
			'total', dunning.format_money(2944.66, 'EUR', known),
			'raw', '{"open_amount": 2781.34, "credits": 0, "interest": 67.57, "compensation": 80.00, "late_fees": 3.25, "penalty": 150.82, "fees": 12.50, "total": 2944.66}'::jsonb),
		'penalties', jsonb_build_object('rate', _dunning.percent_text(12.40, known), 'compensation_each', dunning.format_money(40, 'EUR', known),
			'mention', 'Late payment interest runs from the day after the due date.',
			'reckoning', jsonb_build_array(jsonb_build_object('reference', 'F-2026-101', 'from_day', dunning.format_date('2026-05-04', known), 'to_day', dunning.format_date('2026-07-20', known),
				'days', 78, 'rate', _dunning.percent_text(12.40, known), 'principal', dunning.format_money(1831.35, 'EUR', known), 'interest',
					dunning.format_money(48.53, 'EUR', known),
				'raw', '{"from_day": "2026-05-04", "to_day": "2026-07-20", "days": 78, "rate": 12.40, "principal": 1831.35, "amount": 48.53}'::jsonb)),
			'late_fees', jsonb_build_array(jsonb_build_object('reference', 'F-2026-107', 'from_day', dunning.format_date('2026-05-23', known), 'to_day',
				dunning.format_date('2026-06-26', known), 'periods', 5, 'several', true, 'rate', _dunning.percent_text(0.0684, known),
				'principal', dunning.format_money(950.11, 'EUR', known), 'each', dunning.format_money(0.65, 'EUR', known),
				'amount', dunning.format_money(3.25, 'EUR', known),
				'raw', '{"from_day": "2026-05-23", "to_day": "2026-06-26", "periods": 5, "rate": 0.0684, "principal": 950.11, "each": 0.65, "amount": 3.25}'::jsonb)),
			'raw', '{"rate": 12.40, "rates": [12.40]}'::jsonb),
		'payment', jsonb_build_object('payee', 'ACME SAS Recouvrement', 'iban', 'FR14 2004 1010 0505 0001 3M02 606', 'bic', 'PSSTFRPPPAR', 'reference', 'RF75N2026000123', 'amount', dunning.format_money(2944.66, 'EUR', known),
			'link', 'https://pay.acme.example/N-2026-000123', 'qr', dunning.epc_qr('ACME SAS Recouvrement', 'FR1420041010050500013M02606', 2944.66, 'RF75N2026000123'),
			'assigned', false, 'mention', NULL),
		'deadline', jsonb_build_object('days', 8, 'pay_before', dunning.format_date('2026-07-28', known), 'raw', '{"pay_before": "2026-07-28"}'::jsonb),
		'sent_before', jsonb_build_array(jsonb_build_object('sent_on', dunning.format_date('2026-06-11', known), 'channel', 'email', 'label', 'Reminder', 'raw', '{"sent_on": "2026-06-11"}'::jsonb)),
		'plan', jsonb_build_object('reference', 'P-17', 'agreed_on', dunning.format_date('2026-07-15', known), 'instalments', instalments),
		'statement', jsonb_build_object('from_day', dunning.format_date('2026-04-01', known), 'to_day', dunning.format_date('2026-07-19', known),
			'opening_balance', dunning.format_money(0, 'EUR', known), 'closing_balance', dunning.format_money(2781.34, 'EUR', known), 'movements', movements),
		'call', jsonb_build_object('appointment', '10:30',
			'contacts', jsonb_build_array(jsonb_build_object('on_day', dunning.format_date('2026-06-18', known), 'channel', 'phone', 'outcome', words[3], 'note', words[5])),
			'promises', jsonb_build_array(jsonb_build_object('promised_for', dunning.format_date('2026-07-05', known), 'amount', dunning.format_money(1500, 'EUR', known), 'state',
				words[4]))));
END
$$;
COMMENT ON FUNCTION dunning.template_sample(text) IS 'A sample of the context of messages: every name that a template may use, with the amounts and days of the language (another language than en, fr, de, nl: those of en)';

CREATE FUNCTION dunning.missing_elements(body text, language text, partials jsonb DEFAULT NULL) RETURNS SETOF text
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 5 SET search_path = pg_catalog, pg_temp AS $$
	SELECT e.element
	FROM (SELECT dunning.template_sample(language)) AS s (sample)
	CROSS JOIN LATERAL (SELECT dunning.render(body, s.sample, partials)) AS r (rendered)
	CROSS JOIN _dunning.notice_elements(language) WITH ORDINALITY AS e (element, paths, words, n)
	WHERE r.rendered IS NOT NULL AND coalesce(r.rendered !~* e.words, NOT EXISTS (
		SELECT FROM unnest(e.paths) AS p (path)
		WHERE NOT EXISTS (
			SELECT FROM jsonb_path_query(s.sample, p.path) AS v (value)
			-- a number is no part of another one
			WHERE CASE jsonb_typeof(v.value) WHEN 'number' THEN r.rendered !~ format('(?<![0-9.,])%s(?![0-9.,]*[0-9])', v.value)
				ELSE strpos(r.rendered, v.value #>> '{}') = 0 END)))
	ORDER BY e.n
$$;
COMMENT ON FUNCTION dunning.missing_elements IS 'The elements of a formal notice (mise en demeure) that a template lacks: parties, invoices with dates and amounts, penalties, deadline, consequence, signature. The template is filled with template_sample to see them. Errors as those of render';

CREATE FUNCTION dunning.save_template(name text, language text, body text, subject text DEFAULT NULL, html text DEFAULT NULL,
	kind text DEFAULT 'message',
		channel text DEFAULT NULL, procedure text DEFAULT NULL, level integer DEFAULT NULL, valid_from date DEFAULT NULL,
			valid_until date DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	t dunning.template;
	sample jsonb;
	partials jsonb;
	html_partials jsonb;
	missing text;
BEGIN
	SELECT save_template.name, save_template.language, coalesce(save_template.kind, 'message'), coalesce(save_template.procedure, ''),
		coalesce(save_template.level, 0),
			coalesce(save_template.channel, ''), coalesce(save_template.valid_from, '-infinity'), save_template.valid_until,
			save_template.subject, save_template.body, save_template.html, false
		INTO t;
	IF t.name IS NULL OR t.language IS NULL OR t.body IS NULL THEN
		RAISE EXCEPTION 'a template needs a name, a language and a body' USING ERRCODE = 'null_value_not_allowed';
	END IF;
	IF t.name !~ '^[a-z][a-z0-9_]*$' OR t.language !~ '^[a-z]{2,3}$' THEN
		RAISE EXCEPTION '"%" is not the name of a template in a language "%"', t.name, t.language
			USING ERRCODE = 'invalid_parameter_value', HINT = 'A name has lower-case letters, digits and _; a language is an ISO code such as fr.';
	END IF;
	IF t.kind NOT IN ('message', 'formal notice', 'script', 'page', 'partial') THEN
		RAISE EXCEPTION 'there is no kind of template "%"', t.kind
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Kinds are message, formal notice, script, page and partial.';
	END IF;
	IF t.kind = 'partial' AND (t.subject IS NOT NULL OR t.procedure <> '' OR t.level <> 0 OR t.channel <> '') THEN
		RAISE EXCEPTION 'partial "%" has a body, its HTML and days only', t.name
			USING ERRCODE = 'invalid_parameter_value', HINT = 'It is a part of all templates of its language that name it.';
	END IF;
	IF t.subject ~ '[\n\r]' THEN
		RAISE EXCEPTION 'the subject of template "%" has more than one line', t.name USING ERRCODE = 'invalid_parameter_value';
	END IF;
	PERFORM _dunning.check_channels(format('template "%s"', t.name), array_remove(ARRAY[t.channel], ''));
	IF t.valid_until < t.valid_from THEN
		RAISE EXCEPTION 'the last day of template "%" is before its first day', t.name USING ERRCODE = 'invalid_parameter_value';
	END IF;
	sample := CASE t.kind WHEN 'page' THEN _dunning.page_sample(t.language) ELSE dunning.template_sample(t.language) END;
	SELECT coalesce(p, '{}') INTO partials FROM _dunning.template_partials(t.language, greatest(t.valid_from, dunning.today())) AS p;
	html_partials := _dunning.page_partials(t, greatest(t.valid_from, dunning.today()));
	SELECT string_agg(format('"%s" in %s, line %s, column %s', u.name, CASE WHEN u.partial IS NULL THEN v.part ELSE format('partial "%s"', u.partial) END, u.line, u.at_column), E'\n'
		ORDER BY v.n, u.partial NULLS FIRST, u.line, u.at_column)
		INTO missing
	FROM (VALUES (1, 'the subject', t.subject, partials), (2, 'the body', t.body, partials), (3, 'the HTML', t.html, html_partials)) AS v (n, part, template, partials)
	CROSS JOIN LATERAL dunning.unknown_names(v.template, sample, v.partials) AS u
	-- the elements of a section stand at the top of a partial that is used within it
	WHERE t.kind <> 'partial';
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION 'template "%" uses names that its context does not have', t.name
			USING ERRCODE = 'invalid_parameter_value', DETAIL = missing, HINT = 'SELECT jsonb_pretty(dunning.template_sample()) shows all names.';
	END IF;
	IF t.kind = 'formal notice' THEN
		SELECT string_agg(m, E'\n') INTO missing FROM dunning.missing_elements(t.body, t.language, partials) AS m;
		IF missing IS NOT NULL THEN
			RAISE EXCEPTION 'formal notice "%" lacks elements', t.name
				USING ERRCODE = 'invalid_parameter_value', DETAIL = missing,
					HINT = 'Add them, or save it as a message if it is to have no effect in law.';
		END IF;
	END IF;
	-- values that are lists or objects are an error when they are written
	PERFORM dunning.render(v.template, sample, partials, v.format)
	FROM (VALUES (t.subject, 'text'), (t.body, CASE t.kind WHEN 'page' THEN 'html' ELSE 'text' END)) AS v (template, format) WHERE t.kind <> 'partial';
	PERFORM _dunning.render_html(t, sample, html_partials) WHERE t.kind NOT IN ('partial', 'page');
	INSERT INTO dunning.template AS old SELECT t.*
	ON CONFLICT (name, language, procedure, level, channel, valid_from, shipped)
		DO UPDATE SET kind = excluded.kind, valid_until = excluded.valid_until, subject = excluded.subject, body = excluded.body,
			html = excluded.html;
END
$$;
COMMENT ON FUNCTION dunning.save_template IS 'Checks a template and saves it in dunning.template, in place of your own one with the same key. Error 22023 for a mistake, for unknown names, and for a formal notice without its elements';
