-- Currencies

CREATE TABLE dunning.currency ( --: Currencies and their decimals. Interest and compensation of an item are rounded to them unless its rule states decimals. For a currency without a row, the decimals of the rule apply
	code text PRIMARY KEY CHECK (code ~ '^[A-Z]{3}$'), --: Code of ISO 4217
	decimals integer NOT NULL CHECK (decimals BETWEEN 0 AND 4), --: Decimals of its amounts, such as 0 for yen
	name text, --: Name of the currency
	source text, --: Where the decimals were read
	shipped boolean NOT NULL DEFAULT false --: Whether the row came with the extension
);
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.currency
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('code');
SELECT pg_catalog.pg_extension_config_dump('dunning.currency', 'WHERE NOT shipped');
