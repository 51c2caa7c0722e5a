-- Currencies

CREATE TABLE dunning.currency ( --: Currencies and their decimals, to which the interest and compensation of an item are rounded unless its rule says other ones; a currency without a row takes those of the rule
	code text PRIMARY KEY CHECK (code ~ '^[A-Z]{3}$'), --: Code of ISO 4217, as the items have it
	decimals integer NOT NULL CHECK (decimals BETWEEN 0 AND 4), --: Decimals of its amounts: 0 for yen, 3 for dinars of Kuwait
	name text, --: Name of the currency
	source text, --: Where the decimals were read
	shipped boolean NOT NULL DEFAULT false --: Whether the row came with the extension
);
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.currency
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('code');
SELECT pg_catalog.pg_extension_config_dump('dunning.currency', 'WHERE NOT shipped');
