-- Numbers, money and days as people write them in a language.  Any language other than
-- English, German and Dutch is written like French.

CREATE FUNCTION _dunning.number_text(value numeric, language text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_number_as_text';
COMMENT ON FUNCTION _dunning.number_text IS 'A number in the form of the language: with a decimal point in English, otherwise with a comma';

CREATE FUNCTION _dunning.percent_text(rate numeric, language text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_percent_text';
COMMENT ON FUNCTION _dunning.percent_text IS 'A rate in percent in the form of the language, with at least two decimals: 12,40 % in French, 12.40% in English';

CREATE FUNCTION _dunning.money_text(amount numeric, currency text, language text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_money_text';
COMMENT ON FUNCTION _dunning.money_text IS 'An amount in the form of the language, without decimals if it has none. The currency stands before it in English and Dutch, otherwise after it';

CREATE FUNCTION _dunning.day_text(day date, language text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_day_in_words';
COMMENT ON FUNCTION _dunning.day_text IS 'A day in a sentence of the language: 1 July 2026 in English, 01/07/2026 in French; error 22008 outside the years 1 to 9999';

CREATE FUNCTION _dunning.grouped(amount numeric, decimals integer, separator text, decimal_sign text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_grouped';
COMMENT ON FUNCTION _dunning.grouped IS 'A rounded amount with a separator between thousands and a sign before the decimals';

CREATE FUNCTION _dunning.need_page_language(language text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF coalesce(language, 'en') NOT IN ('en', 'fr') THEN
		RAISE EXCEPTION 'language "%" is not known', language USING ERRCODE = 'invalid_parameter_value', HINT = 'Known are en and fr.';
	END IF;
	RETURN coalesce(language, 'en');
END
$$;
COMMENT ON FUNCTION _dunning.need_page_language(text) IS 'The language of a page, en for NULL; error 22023 for any other than en and fr';
