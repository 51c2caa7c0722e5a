-- Currencies

CREATE TABLE dunning.currency ( --: Currencies and their decimals. Interest, compensation and late fees of an item are rounded to them unless its rule states decimals. For a currency without a row, the decimals of the rule apply
	code text PRIMARY KEY CHECK (code ~ '^[A-Z]{3}$'), --: Code of ISO 4217
	decimals integer NOT NULL CHECK (decimals BETWEEN 0 AND 4), --: Decimals of its amounts, such as 0 for yen
	name text, --: Name of the currency
	source text, --: Where the decimals were read
	shipped boolean NOT NULL DEFAULT false --: Whether the row came with the extension
);
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.currency
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('code');
SELECT pg_catalog.pg_extension_config_dump('dunning.currency', 'WHERE NOT shipped');

-- An ERP that computes in binary fractions leaves dust in its amounts: 854.1700000000001.
-- Taken for money, it is reminded and claimed for.
CREATE FUNCTION _dunning.without_dust(amount numeric) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_amount_without_dust';
COMMENT ON FUNCTION _dunning.without_dust(numeric) IS
	'An amount that is less than 0.000001 away from a multiple of 0.0001, the finest unit of a currency, as that multiple; any other amount as it is';

CREATE FUNCTION _dunning.history_amount(amount numeric) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_history_amount';
COMMENT ON FUNCTION _dunning.history_amount(numeric) IS 'An amount rounded to 15 decimals if it has more, as the history of an item holds it';

CREATE FUNCTION _dunning.agreed_decimals(currency text, open_amount numeric) RETURNS integer
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT greatest(coalesce((SELECT y.decimals FROM dunning.currency AS y WHERE y.code = agreed_decimals.currency), 2),
		scale(trim_scale(open_amount)))
$$;
COMMENT ON FUNCTION _dunning.agreed_decimals(text, numeric) IS
	'How many decimals an amount has that is agreed upon: those of its currency, or two where that is not known; those of what is open where it has more';

CREATE FUNCTION _dunning.need_agreed_decimals(amount numeric, currency text, open_amount numeric) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	most CONSTANT integer := _dunning.agreed_decimals(currency, open_amount);
BEGIN
	IF scale(trim_scale(amount)) > most THEN
		RAISE EXCEPTION '% is not an amount of money%', amount, coalesce(' in ' || currency, '')
			USING ERRCODE = 'invalid_parameter_value', HINT = format('Give an amount with at most %s decimals.', most);
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_agreed_decimals(numeric, text, numeric) IS 'Error 22023 for an amount with more decimals than _dunning.agreed_decimals';
