-- Payment terms: due dates, instalments and early-payment discounts.

-- Reading the value back

CREATE FUNCTION dunning.terms_parts(terms dunning.payment_terms,
		OUT n integer, OUT share text, OUT percent numeric, OUT amount numeric, OUT currency text, OUT rule text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 2 AS 'MODULE_PATHNAME', 'dunning_terms_parts';
COMMENT ON FUNCTION dunning.terms_parts(dunning.payment_terms) IS
	'The parts of payment terms as rows: their share (percent, percent of remainder, amount or balance), its size, and the day rule';

CREATE FUNCTION dunning.terms_discounts(terms dunning.payment_terms,
		OUT n integer, OUT percent numeric, OUT rule text, OUT base numeric) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 1 AS 'MODULE_PATHNAME', 'dunning_terms_discounts';
COMMENT ON FUNCTION dunning.terms_discounts(dunning.payment_terms) IS
	'The early-payment discounts of payment terms as rows: the percentage, the rule of the last day, and the amount of which it is a percentage if that is not the whole';

CREATE TYPE dunning.terms_options AS ( --: What payment terms say besides their parts and discounts: the shift to business days, and when early payment reduces the tax
	shift text, --: Where a due date that is no business day goes: none, following, preceding or modified following
	tax_reduced text --: When a discount reduces the tax: on early payment, always or never
);
CREATE FUNCTION dunning.terms_options(terms dunning.payment_terms) RETURNS dunning.terms_options
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_terms_options';
COMMENT ON FUNCTION dunning.terms_options(dunning.payment_terms) IS
	'The shift (none, following, preceding, modified following) and the tax treatment (on early payment, always, never) of payment terms';

CREATE FUNCTION dunning.to_jsonb(dunning.payment_terms) RETURNS jsonb
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN pg_catalog.to_jsonb(dunning.terms_options($1)) || jsonb_build_object(
		'parts', (SELECT jsonb_agg(pg_catalog.to_jsonb(p) ORDER BY p.n) FROM dunning.terms_parts($1) AS p),
		'discounts', coalesce((SELECT jsonb_agg(pg_catalog.to_jsonb(d) ORDER BY d.n) FROM dunning.terms_discounts($1) AS d), '[]'));
COMMENT ON FUNCTION dunning.to_jsonb(dunning.payment_terms) IS 'Payment terms as a JSON object of their options, parts and discounts';
CREATE CAST (dunning.payment_terms AS jsonb) WITH FUNCTION dunning.to_jsonb(dunning.payment_terms);
COMMENT ON CAST (dunning.payment_terms AS jsonb) IS 'JSON object of the options, parts and discounts';

CREATE FUNCTION dunning.describe_terms(terms dunning.payment_terms, language text DEFAULT 'en') RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_describe_terms';
COMMENT ON FUNCTION dunning.describe_terms(dunning.payment_terms, text) IS
	'Payment terms in words for people, in English (en), French (fr), German (de) or Dutch (nl)';

CREATE FUNCTION dunning.terms_form(terms dunning.payment_terms, form text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_terms_form';
COMMENT ON FUNCTION dunning.terms_form(dunning.payment_terms, text) IS
	'Payment terms as other systems write them: short (2/10 net 30, net 30 EOM) or xrechnung (#SKONTO#TAGE=14#PROZENT=2.00#, one line a discount); NULL where the form cannot say them';

-- The computations.  The default calendar knows weekends only, and only terms
-- that shift to business days look at it.

CREATE FUNCTION dunning.due_date(issued_on date, terms dunning.payment_terms,
		calendar dunning.calendar DEFAULT 'sat sun') RETURNS date
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_due_date';
COMMENT ON FUNCTION dunning.due_date(date, dunning.payment_terms, dunning.calendar) IS
	'The day on which the last part of an invoice is due; infinite if the day of issue is; error 22008 outside the calendar';

CREATE FUNCTION dunning.instalments(issued_on date, amount numeric, terms dunning.payment_terms,
		calendar dunning.calendar DEFAULT 'sat sun', decimals integer DEFAULT 2,
		OUT n integer, OUT due_on date, OUT amount numeric, OUT share numeric) RETURNS SETOF record
	LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 2 COST 5 AS 'MODULE_PATHNAME', 'dunning_instalments';
COMMENT ON FUNCTION dunning.instalments(date, numeric, dunning.payment_terms, dunning.calendar, integer) IS
	'The parts of an amount: their number in the terms, due date, amount and share in percent. The parts always add up to the amount: each is rounded half away from zero to so many decimals, the last is what is left';

CREATE FUNCTION dunning.discount(issued_on date, amount numeric, paid_on date, terms dunning.payment_terms,
		tax numeric DEFAULT 0, calendar dunning.calendar DEFAULT 'sat sun', decimals integer DEFAULT 2) RETURNS numeric
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'dunning_discount';
COMMENT ON FUNCTION dunning.discount(date, numeric, date, dunning.payment_terms, numeric, dunning.calendar, integer) IS
	'What paying the whole amount on a day takes off: the largest discount whose last day, which counts, has not passed, of the amount, of the amount less its tax if early payment does not reduce the tax, or of the smaller amount that the discount names; 0 if none';

CREATE FUNCTION dunning.discount_offers(issued_on date, amount numeric, terms dunning.payment_terms,
		tax numeric DEFAULT 0, calendar dunning.calendar DEFAULT 'sat sun', decimals integer DEFAULT 2,
		OUT n integer, OUT percent numeric, OUT until date, OUT discount numeric, OUT to_pay numeric) RETURNS SETOF record
	LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 1 COST 5 AS 'MODULE_PATHNAME', 'dunning_discount_offers';
COMMENT ON FUNCTION dunning.discount_offers(date, numeric, dunning.payment_terms, numeric, dunning.calendar, integer) IS
	'Every early-payment discount of an invoice: its percentage, its last day, what it takes off and what is left to pay';

CREATE FUNCTION dunning.annualised_cost(terms dunning.payment_terms, issued_on date DEFAULT NULL,
		compounded boolean DEFAULT false) RETURNS numeric
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'dunning_annualised_cost';
COMMENT ON FUNCTION dunning.annualised_cost(dunning.payment_terms, date, boolean) IS
	'The yearly rate in percent that letting the dearest discount pass costs: discount / (100 - discount) * 365 / days gained, or compounded; issued_on is needed where the days depend on it; NULL without a discount or without days gained, and where a discount names an amount of its own';
