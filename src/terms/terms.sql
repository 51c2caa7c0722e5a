-- Payment terms: due dates, instalments and early-payment discounts.


CREATE FUNCTION dunning.try_terms(terms text) RETURNS dunning.payment_terms
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'dunning_try_terms';
COMMENT ON FUNCTION dunning.try_terms IS 'The payment terms that a text says, or NULL if the text is not understood';

CREATE FUNCTION dunning.terms_problem(terms text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'dunning_terms_problem';
COMMENT ON FUNCTION dunning.terms_problem IS 'Why a text is not understood as payment terms: the character and what was expected there. NULL if the text is understood';

CREATE FUNCTION dunning.terms_parts(terms dunning.payment_terms,
		OUT n integer, OUT share text, OUT percent numeric, OUT amount numeric, OUT currency text, OUT rule text, OUT fraction text)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 2 AS 'MODULE_PATHNAME', 'dunning_terms_parts';
COMMENT ON FUNCTION dunning.terms_parts IS 'The parts of payment terms as rows: the kind of share (percent, percent of remainder, amount, balance or fraction), its size, the rule of the due date, and a fraction such as 1/3';

CREATE FUNCTION dunning.terms_discounts(terms dunning.payment_terms,
		OUT n integer, OUT percent numeric, OUT rule text, OUT base numeric) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 1 AS 'MODULE_PATHNAME', 'dunning_terms_discounts';
COMMENT ON FUNCTION dunning.terms_discounts IS 'The early-payment discounts of payment terms as rows: the percentage, the rule of the last day, and the amount to which the percentage applies (NULL: the whole amount)';

CREATE TYPE dunning.terms_options AS ( --: The options of payment terms
	shift text, --: Shift of a due date that is no business day: none, following, preceding or modified following
	tax_reduced text --: When a discount reduces the tax: on early payment, always or never
);
CREATE FUNCTION dunning.terms_options(terms dunning.payment_terms) RETURNS dunning.terms_options
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_terms_options';
COMMENT ON FUNCTION dunning.terms_options IS 'The options of payment terms: the shift to business days and the tax treatment';

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
COMMENT ON FUNCTION dunning.describe_terms IS 'Payment terms in words for people, in English (en), French (fr), German (de), Dutch (nl), Italian (it) or Spanish (es)';

CREATE FUNCTION dunning.terms_form(terms dunning.payment_terms, form text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_terms_form';
COMMENT ON FUNCTION dunning.terms_form IS 'Payment terms in the form of other systems: short (2/10 net 30, net 30 EOM) or xrechnung (#SKONTO#TAGE=14#PROZENT=2.00#, one line for each discount). NULL if the form cannot express them';

-- The computations.  The default calendar has only weekends.  Only terms that name
-- business days use it.

CREATE FUNCTION dunning.due_date(issued_on date, terms dunning.payment_terms,
		calendar dunning.calendar DEFAULT 'sat sun') RETURNS date
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_due_date';
COMMENT ON FUNCTION dunning.due_date(date, dunning.payment_terms, dunning.calendar) IS
	'The day on which the last part of an invoice is due. Infinite if the day of issue is. Error 22008 if it is out of range';

CREATE FUNCTION dunning.instalments(issued_on date, amount numeric, terms dunning.payment_terms,
		calendar dunning.calendar DEFAULT 'sat sun', decimals integer DEFAULT 2,
		OUT n integer, OUT due_on date, OUT amount numeric, OUT share numeric) RETURNS SETOF record
	LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 2 COST 5 AS 'MODULE_PATHNAME', 'dunning_instalments';
COMMENT ON FUNCTION dunning.instalments(date, numeric, dunning.payment_terms, dunning.calendar, integer) IS
	'The parts of an amount: number in the terms, due date, amount and share in percent. Each part is rounded half away from zero to the decimals, and the last part takes the rest, so the parts add up to the amount';

CREATE FUNCTION dunning.discount(issued_on date, amount numeric, paid_on date, terms dunning.payment_terms,
		tax numeric DEFAULT 0, calendar dunning.calendar DEFAULT 'sat sun', decimals integer DEFAULT 2) RETURNS numeric
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'dunning_discount';
COMMENT ON FUNCTION dunning.discount(date, numeric, date, dunning.payment_terms, numeric, dunning.calendar, integer) IS
	'The discount for a payment of the whole amount on a day: the largest one whose last day (included) has not passed; 0 if there is none. It is a percentage of the amount, of the amount less its tax if early payment does not reduce the tax, or of the smaller amount that the discount names';

CREATE FUNCTION dunning.discount_offers(issued_on date, amount numeric, terms dunning.payment_terms,
		tax numeric DEFAULT 0, calendar dunning.calendar DEFAULT 'sat sun', decimals integer DEFAULT 2,
		OUT n integer, OUT percent numeric, OUT until date, OUT discount numeric, OUT to_pay numeric) RETURNS SETOF record
	LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 1 COST 5 AS 'MODULE_PATHNAME', 'dunning_discount_offers';
COMMENT ON FUNCTION dunning.discount_offers(date, numeric, dunning.payment_terms, numeric, dunning.calendar, integer) IS
	'Every early-payment discount of an invoice: its percentage, its last day, the discount and the amount to pay';

CREATE FUNCTION dunning.annualised_cost(terms dunning.payment_terms, issued_on date DEFAULT NULL,
		compounded boolean DEFAULT false) RETURNS numeric
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME', 'dunning_annualised_cost';
COMMENT ON FUNCTION dunning.annualised_cost IS 'The yearly rate in percent of not taking the dearest discount: discount / (100 - discount) * 365 / days gained, or compounded. NULL without a discount or days gained, if the days depend on an issued_on that is not given, and if a discount names an amount of its own';
