-- Currencies

CREATE TABLE dunning.currency (
	code text PRIMARY KEY CHECK (code ~ '^[A-Z]{3}$'),
	decimals integer NOT NULL CHECK (decimals BETWEEN 0 AND 4),
	name text,
	source text,
	shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE dunning.currency IS
	'Currencies and their decimals, to which the interest and compensation of an item are rounded unless its rule says other ones; a currency without a row takes those of the rule';
COMMENT ON COLUMN dunning.currency.code IS 'Code of ISO 4217, as the items have it';
COMMENT ON COLUMN dunning.currency.decimals IS 'Decimals of its amounts: 0 for yen, 3 for dinars of Kuwait';
COMMENT ON COLUMN dunning.currency.name IS 'Name of the currency';
COMMENT ON COLUMN dunning.currency.source IS 'Where the decimals were read';
COMMENT ON COLUMN dunning.currency.shipped IS 'Whether the row came with the extension';
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.currency
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('code');
SELECT pg_catalog.pg_extension_config_dump('dunning.currency', 'WHERE NOT shipped');
