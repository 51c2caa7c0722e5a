-- Who writes, and where is paid to.

-- What stands in the header of a message or in a link is one line, so that nobody adds another header or runs a script.
CREATE FUNCTION _dunning.word_fault(kind text, value text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE
		WHEN value IS NULL THEN NULL
		WHEN kind = 'lines' AND translate(value, E'\n', '') ~ '[[:cntrl:]]' THEN 'a character in it cannot be printed'
		WHEN kind <> 'lines' AND value ~ '[[:cntrl:]]' THEN 'it has to be one line without characters that cannot be printed'
		WHEN kind IN ('name', 'lines') AND btrim(value) = '' THEN 'it is empty'
		WHEN kind = 'email' AND value !~ '^[^[:space:]@<>,;]+@[^[:space:]@<>,;]+$' THEN 'it is no address such as name@example.com'
		WHEN kind = 'phone' AND value !~ '[0-9]' THEN 'it has no digit'
		WHEN kind = 'link' AND value !~* '^https?://[^[:space:]<>"]+$' THEN 'it is no address such as https://example.com/pay'
		WHEN kind = 'language' AND value !~ '^[a-z]{2,3}$' THEN 'it is no ISO code such as fr'
		WHEN kind = 'bic' AND value !~ '^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$' THEN 'it is no BIC such as PSSTFRPPPAR'
		WHEN kind = 'role' AND value !~ '^[a-z][a-z0-9_]*$' THEN 'it has to be of lower-case letters, digits and _, such as accounts_payable'
	END;
COMMENT ON FUNCTION _dunning.word_fault(text, text) IS
	'Why a text cannot stand in a message as a name, email, phone, link, language, bic, role, line or lines; NULL if it can';

CREATE FUNCTION _dunning.check_words(what text, kinds text[], names text[], words text[], VARIADIC others text[]) RETURNS void
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	faults CONSTANT text := nullif(concat_ws(', ',
		(SELECT string_agg(format('%s: %s', w.name, _dunning.word_fault(w.kind, w.word)), ', ' ORDER BY w.nth)
		FROM unnest(kinds, names, words) WITH ORDINALITY AS w (kind, name, word, nth)
		WHERE _dunning.word_fault(w.kind, w.word) IS NOT NULL),
		nullif(array_to_string(others, ', '), '')), '');
BEGIN
	IF faults IS NOT NULL THEN
		RAISE EXCEPTION '% cannot be saved', what
			USING ERRCODE = 'invalid_parameter_value', DETAIL = faults || '.', HINT = 'What stands on a letter has to be right: compare it with the document that it comes from.';
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.check_words(text, text[], text[], text[], text[]) IS 'Error 22023 that tells what is wrong with the words of a row, and the others that are not NULL';

CREATE FUNCTION _dunning.plain_lines(lines text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN nullif(btrim(regexp_replace(lines, E'\r\n?', E'\n', 'g'), E' \n'), '');
COMMENT ON FUNCTION _dunning.plain_lines(text) IS 'A text whose lines end as ours do, without empty space around it; NULL if nothing is left';

CREATE TABLE dunning.sender ( --: Who writes messages: one row a company, ledger and span of days. Written by dunning.save_sender
	ledger name NOT NULL DEFAULT '', --: Ledger that it is for; empty: all
	company text NOT NULL DEFAULT '', --: Company of the items that it is for; empty: all
	valid_from date NOT NULL DEFAULT '-infinity', --: First day on which it is used
	valid_until date CHECK (valid_until >= valid_from), --: Last day; NULL: none
	name text NOT NULL CHECK (_dunning.word_fault('name', name) IS NULL), --: Name
	legal text CHECK (_dunning.word_fault('lines', legal) IS NULL), --: Legal form, capital and register
	siren text CHECK (dunning.is_siren(siren)), --: SIREN
	vat_number text CHECK (_dunning.word_fault('line', vat_number) IS NULL), --: VAT number
	address text CHECK (_dunning.word_fault('lines', address) IS NULL), --: Postal address in lines
	city text CHECK (_dunning.word_fault('line', city) IS NULL), --: City, for the place of a letter
	country text CHECK (_dunning.word_fault('line', country) IS NULL), --: Country
	email text CHECK (_dunning.word_fault('email', email) IS NULL), --: E-mail address
	phone text CHECK (_dunning.word_fault('phone', phone) IS NULL), --: Telephone number
	signatory text CHECK (_dunning.word_fault('line', signatory) IS NULL), --: Name of who signs
	signatory_role text CHECK (_dunning.word_fault('line', signatory_role) IS NULL), --: Function of who signs
	iban text CHECK (dunning.is_iban(iban)), --: IBAN of the account to pay to
	bic text CHECK (_dunning.word_fault('bic', bic) IS NULL), --: BIC of the account
	payment_link text CHECK (_dunning.word_fault('link', payment_link) IS NULL), --: Address of a page to pay on; {notice}, {reference}, {customer}, {amount} and {currency} stand for the values of a notice
	invoice_link text CHECK (_dunning.word_fault('link', invoice_link) IS NULL), --: Address of an invoice; {item}, {reference} and {customer} stand for its values
	language text NOT NULL DEFAULT 'fr' CHECK (_dunning.word_fault('language', language) IS NULL), --: ISO code of the language for customers whose language is not known
	deadline_days integer NOT NULL DEFAULT 8 CHECK (deadline_days BETWEEN 0 AND 365), --: Days that a message leaves to pay
	fallback text[] NOT NULL DEFAULT '{email,letter}', --: Channels that are tried in this order where a recipient lacks what the channel of his step needs; a registered letter has no other
	PRIMARY KEY (ledger, company, valid_from)
);
SELECT pg_catalog.pg_extension_config_dump('dunning.sender', '');

CREATE FUNCTION dunning.save_sender(name text, company text DEFAULT NULL, ledger name DEFAULT NULL, address text DEFAULT NULL,
	city text DEFAULT NULL, country text DEFAULT NULL,
		legal text DEFAULT NULL, siren text DEFAULT NULL, vat_number text DEFAULT NULL, email text DEFAULT NULL, phone text DEFAULT NULL,
		signatory text DEFAULT NULL, signatory_role text DEFAULT NULL, iban text DEFAULT NULL, bic text DEFAULT NULL,
		payment_link text DEFAULT NULL, invoice_link text DEFAULT NULL, language text DEFAULT 'fr', deadline_days integer DEFAULT 8,
		fallback text[] DEFAULT '{email,letter}', valid_from date DEFAULT NULL, valid_until date DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	legal := _dunning.plain_lines(legal);
	address := _dunning.plain_lines(address);
	vat_number := nullif(btrim(vat_number), '');
	city := nullif(btrim(city), '');
	country := nullif(btrim(country), '');
	email := nullif(btrim(email), '');
	phone := nullif(btrim(phone), '');
	signatory := nullif(btrim(signatory), '');
	signatory_role := nullif(btrim(signatory_role), '');
	payment_link := nullif(btrim(payment_link), '');
	invoice_link := nullif(btrim(invoice_link), '');
	language := coalesce(lower(language), 'fr');
	bic := nullif(upper(regexp_replace(bic, '\s', '', 'g')), '');
	deadline_days := coalesce(deadline_days, 8);
	PERFORM _dunning.check_words(format('sender "%s"', regexp_replace(save_sender.name, '[[:cntrl:]]', ' ', 'g')),
		'{name,lines,line,lines,line,line,email,phone,line,line,bic,link,link,language}',
		'{name,legal,vat_number,address,city,country,email,phone,signatory,signatory_role,bic,payment_link,invoice_link,language}',
		ARRAY[coalesce(save_sender.name, ''), legal, vat_number, address, city, country, email, phone, signatory, signatory_role, bic,
			payment_link, invoice_link, language],
		'the IBAN: ' || dunning.iban_problem(save_sender.iban), 'the SIREN: ' || dunning.siren_problem(save_sender.siren),
		CASE WHEN deadline_days NOT BETWEEN 0 AND 365 THEN 'deadline_days: 0 to 365' END,
		CASE WHEN save_sender.valid_until < save_sender.valid_from THEN 'valid_until: it is before valid_from' END);
	PERFORM _dunning.need_ledger(save_sender.ledger);
	PERFORM _dunning.check_channels(format('sender "%s"', save_sender.name), save_sender.fallback);
	INSERT INTO dunning.sender AS old (ledger, company, valid_from, valid_until, name, legal, siren, vat_number, address, city, country,
		email, phone,
		signatory, signatory_role, iban, bic, payment_link, invoice_link, language, deadline_days, fallback)
	VALUES (coalesce(save_sender.ledger, ''), coalesce(save_sender.company, ''), coalesce(save_sender.valid_from, '-infinity'),
		save_sender.valid_until,
		btrim(save_sender.name), save_sender.legal, regexp_replace(save_sender.siren, '\s', '', 'g'), save_sender.vat_number,
			save_sender.address, save_sender.city, save_sender.country,
		save_sender.email, save_sender.phone, save_sender.signatory, save_sender.signatory_role, _dunning.plain_iban(save_sender.iban),
			save_sender.bic,
		save_sender.payment_link, save_sender.invoice_link, save_sender.language,
		save_sender.deadline_days,
		coalesce(save_sender.fallback, '{email,letter}'))
	ON CONFLICT (ledger, company, valid_from) DO UPDATE SET valid_until = excluded.valid_until, name = excluded.name,
		legal = excluded.legal, siren = excluded.siren,
		vat_number = excluded.vat_number, address = excluded.address, city = excluded.city, country = excluded.country,
			email = excluded.email, phone = excluded.phone,
		signatory = excluded.signatory, signatory_role = excluded.signatory_role, iban = excluded.iban, bic = excluded.bic,
			payment_link = excluded.payment_link,
		invoice_link = excluded.invoice_link, language = excluded.language, deadline_days = excluded.deadline_days,
			fallback = excluded.fallback;
END
$$;
COMMENT ON FUNCTION dunning.save_sender(text, text, name, text, text, text, text, text, text, text, text, text, text, text, text, text,
	text, text, integer, text[], date, date) IS
	'Saves who writes the messages of a company, in place of the row with the same ledger, company and first day. Error 22023 for an IBAN or SIREN with wrong check digits, or what else cannot stand on a letter, 42704 for an unknown ledger';

CREATE FUNCTION _dunning.plain_iban(iban text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN upper(regexp_replace(iban, '\s', '', 'g'));
COMMENT ON FUNCTION _dunning.plain_iban(text) IS 'An IBAN without spaces and in capitals';

CREATE FUNCTION _dunning.find_sender(ledger name, company text, day date) RETURNS dunning.sender
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	one dunning.sender;
BEGIN
	SELECT s.* INTO one FROM dunning.sender AS s
	WHERE s.ledger IN ('', find_sender.ledger) AND s.company IN ('', find_sender.company) AND find_sender.day BETWEEN s.valid_from
		AND coalesce(s.valid_until, 'infinity')
	ORDER BY s.company = '', s.ledger = '', s.valid_from DESC LIMIT 1;
	RETURN one;
END
$$;
COMMENT ON FUNCTION _dunning.find_sender(name, text, date) IS 'Who writes for a company of a ledger on a day: the row for the company first, then for the ledger, then the latest; NULL if there is none';

-- From the day of the notification on, only a payment to the assignee discharges the
-- debtor (France: Code monetaire et financier L313-28, Code civil 1324 and 1346-5).
CREATE TABLE dunning.payee ( --: To whom debts were assigned: a factor or another assignee is paid instead of the company from the day of the notification on. Written by dunning.note_payee
	payee bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, --: Number of the row
	ledger name NOT NULL, --: Ledger of the items
	company text, --: Company whose items were assigned; NULL: not asked for
	customer dunning.item_key, --: Customer whose items were assigned; NULL: not asked for
	items dunning.item_key[] CHECK (cardinality(items) > 0), --: Keys of the items; NULL: all of the customer, the company or the ledger
	name text NOT NULL CHECK (_dunning.word_fault('name', name) IS NULL), --: Who is to be paid
	iban text NOT NULL CHECK (dunning.is_iban(iban)), --: IBAN of the account to pay to
	bic text CHECK (_dunning.word_fault('bic', bic) IS NULL), --: BIC of the account
	mention text CHECK (_dunning.word_fault('lines', mention) IS NULL), --: Sentence that messages show instead of the template's own one
	notified_on date NOT NULL, --: Day on which the customer was notified: the first one on which the assignee is paid
	noted_at timestamptz NOT NULL DEFAULT now(), --: When it was noted
	noted_by name NOT NULL DEFAULT session_user, --: Who noted it
	ended_on date CHECK (ended_on >= notified_on), --: First day on which the company is paid again; NULL: it stands
	ended_at timestamptz, --: When the end was noted
	ended_by name, --: Who noted the end
	end_reason text, --: Why it ended
	CHECK ((ended_on IS NULL) = (ended_at IS NULL) AND (ended_on IS NULL) = (ended_by IS NULL))
);
CREATE INDEX payee_ledger ON dunning.payee (ledger);
SELECT pg_catalog.pg_extension_config_dump('dunning.payee', '');
SELECT pg_catalog.pg_extension_config_dump('dunning.payee_payee_seq', '');
SELECT _dunning.keep_facts('dunning.payee', 'payee', '{ended_on,ended_at,ended_by,end_reason}', '{ended_on,ended_at,ended_by,end_reason}', NULL,
	'End it and note another: SELECT dunning.end_payee(%s, ...).',
	'What was noted by mistake ends on its first day: SELECT dunning.end_payee(payee, reason, notified_on) FROM dunning.payee WHERE payee = %s.');

CREATE FUNCTION dunning.note_payee(ledger name, name text, iban text, notified_on date, items dunning.item_key[] DEFAULT NULL,
	customer dunning.item_key DEFAULT NULL,
		company text DEFAULT NULL, bic text DEFAULT NULL, mention text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	noted bigint;
BEGIN
	IF note_payee.ledger IS NULL OR note_payee.name IS NULL OR note_payee.iban IS NULL OR note_payee.notified_on IS NULL THEN
		RAISE EXCEPTION 'an assignment needs a ledger, a name, an IBAN and the day of the notification' USING ERRCODE = 'null_value_not_allowed';
	END IF;
	PERFORM _dunning.need_ledger(note_payee.ledger);
	bic := nullif(upper(regexp_replace(bic, '\s', '', 'g')), '');
	mention := _dunning.plain_lines(mention);
	PERFORM _dunning.check_words(format('payee "%s"', regexp_replace(note_payee.name, '[[:cntrl:]]', ' ', 'g')), '{name,bic,lines}', '{name,bic,mention}', ARRAY[note_payee.name, bic, mention],
		'the IBAN: ' || dunning.iban_problem(note_payee.iban), CASE WHEN NOT isfinite(note_payee.notified_on) THEN 'the notification has no day' END,
		CASE WHEN cardinality(note_payee.items) = 0 THEN 'items: there is none' END);
	PERFORM _dunning.need_hold_scope(note_payee.ledger, note_payee.company);
	INSERT INTO dunning.payee (ledger, company, customer, items, name, iban, bic, mention, notified_on)
	VALUES (note_payee.ledger, note_payee.company, note_payee.customer, (SELECT array_agg(DISTINCT k) FROM unnest(note_payee.items) AS k),
		note_payee.name,
		_dunning.plain_iban(note_payee.iban), note_payee.bic, note_payee.mention,
			note_payee.notified_on)
	RETURNING payee INTO noted;
	RETURN noted;
END
$$;
COMMENT ON FUNCTION dunning.note_payee(name, text, text, date, dunning.item_key[], dunning.item_key, text, text, text) IS
	'Notes that items were assigned to a factor or another assignee, who is paid from the day of the notification on: some items, those of a customer or of a company, or a whole ledger. Returns the number. Errors: 22004, 42704, 22023 for a wrong IBAN or BIC, 42501 for a company that is not yours';

CREATE FUNCTION dunning.end_payee(payee bigint, reason text, on_day date DEFAULT NULL) RETURNS boolean
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	a dunning.payee;
BEGIN
	IF coalesce(btrim(end_payee.reason), '') = '' THEN
		RAISE EXCEPTION 'a reason is needed to end an assignment' USING ERRCODE = 'invalid_parameter_value';
	END IF;
	SELECT s.* INTO a FROM dunning.payee AS s WHERE s.payee = end_payee.payee FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'payee % does not exist', coalesce(end_payee.payee::text, 'NULL')
			USING ERRCODE = 'no_data_found', HINT = 'SELECT payee, ledger, name, notified_on FROM dunning.payee lists them.';
	END IF;
	IF a.ended_on IS NOT NULL THEN
		RETURN false;
	END IF;
	UPDATE dunning.payee AS s
	SET ended_on = greatest(coalesce(end_payee.on_day, _dunning.real_day()), s.notified_on), ended_at = now(), ended_by = session_user,
		end_reason = btrim(end_payee.reason)
	WHERE s.payee = end_payee.payee;
	RETURN true;
END
$$;
COMMENT ON FUNCTION dunning.end_payee(bigint, text, date) IS
	'Notes that the company is paid again from a day on (the real day if you give none), because the items were assigned back; false if the assignment had ended; error 22023 without a reason, P0002 if it does not exist';

CREATE FUNCTION _dunning.find_payee(ledger name, company text, customer dunning.item_key, item dunning.item_key, day date) RETURNS bigint
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (SELECT a.payee FROM dunning.payee AS a
		WHERE a.ledger = find_payee.ledger AND a.notified_on <= day AND (a.ended_on IS NULL OR a.ended_on > day)
			AND (a.company IS NULL OR a.company = find_payee.company) AND (a.customer IS NULL OR a.customer = find_payee.customer)
			AND (a.items IS NULL OR find_payee.item = ANY (a.items))
		ORDER BY a.items IS NULL, a.customer IS NULL, a.company IS NULL, a.notified_on DESC, a.payee DESC LIMIT 1);
COMMENT ON FUNCTION _dunning.find_payee(name, text, dunning.item_key, dunning.item_key, date) IS 'The assignment that says who is paid for an item on a day, the most particular and then the latest one; NULL: the company is paid';
