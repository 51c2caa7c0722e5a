-- Amounts and days for letters and reports.

CREATE FUNCTION _dunning.format_amount(amount numeric, decimals integer, currency text, language text) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_format_amount';
COMMENT ON FUNCTION _dunning.format_amount IS 'An amount in the form of the language, rounded to the decimals (NULL: all, and at least two), with separators between thousands and its currency (NULL: none)';

CREATE FUNCTION dunning.format_money(amount numeric, currency text, language text DEFAULT 'en') RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN _dunning.format_amount(amount, (SELECT c.decimals FROM dunning.currency AS c WHERE c.code = format_money.currency), currency,
		coalesce(language, 'en'));
COMMENT ON FUNCTION dunning.format_money IS 'An amount as people write it in English (en), French (fr), German (de) or Dutch (nl), with the sign or code of its currency and rounded to its decimals. An unknown currency keeps all decimals, at least two';

CREATE FUNCTION dunning.format_date(day date, language text DEFAULT 'en') RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_format_date';
COMMENT ON FUNCTION dunning.format_date IS 'A day as people write it in English (en), French (fr), German (de) or Dutch (nl): 1 July 2026, 01/07/2026, 01.07.2026, 01-07-2026. Errors: 22008 for an infinite day or one outside the years 1 to 9999, 22023 for another language';
