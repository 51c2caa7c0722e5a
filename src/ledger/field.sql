-- Which columns a ledger can have, and the words by which they are known.

CREATE TABLE dunning.ledger_field ( --: The fields that dunning.adopt can map to columns: of the items, of a payments table, of a customers table
	scope text CHECK (scope IN ('items', 'payments', 'customers')), --: Table that the column belongs to: items, payments or customers
	field text, --: Name of the field in the mapping
	kind text NOT NULL CHECK (kind IN ('any', 'number', 'date', 'text', 'boolean', 'terms')), --: Kind of column it takes: any, number, date, text, boolean or terms
	description text NOT NULL, --: What the field means
	shipped boolean NOT NULL DEFAULT false, --: Always true: the fields are those that the code knows
	PRIMARY KEY (scope, field)
);

CREATE TABLE dunning.ledger_word ( --: Column names by which dunning.adopt recognises a field, in lower case without accents; add your own
	scope text, --: Scope of the field
	field text, --: The field that the word means
	word text CHECK (word ~ '^[a-z0-9_]+$'), --: A column name in lower case, without accents, other signs as _
	rank integer NOT NULL DEFAULT 0, --: Which word wins where several columns fit: the lowest; words of your own come first
	shipped boolean NOT NULL DEFAULT false, --: Whether the row came with the extension
	PRIMARY KEY (scope, field, word),
	FOREIGN KEY (scope, field) REFERENCES dunning.ledger_field
);
SELECT pg_catalog.pg_extension_config_dump('dunning.ledger_word', 'WHERE NOT shipped');
