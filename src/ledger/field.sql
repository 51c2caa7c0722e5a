-- Which columns a ledger can have, and the words by which they are known.

CREATE TABLE dunning.ledger_field (
	scope text CHECK (scope IN ('items', 'payments', 'customers')),
	field text,
	kind text NOT NULL CHECK (kind IN ('any', 'number', 'date', 'text', 'boolean', 'terms')),
	description text NOT NULL,
	shipped boolean NOT NULL DEFAULT false,
	PRIMARY KEY (scope, field)
);
COMMENT ON TABLE dunning.ledger_field IS 'The fields that dunning.adopt can map to columns: of the items, of a payments table, of a customers table';
COMMENT ON COLUMN dunning.ledger_field.scope IS 'Table that the column belongs to: items, payments or customers';
COMMENT ON COLUMN dunning.ledger_field.field IS 'Name of the field in the mapping';
COMMENT ON COLUMN dunning.ledger_field.kind IS 'Kind of column it takes: any, number, date, text, boolean or terms';
COMMENT ON COLUMN dunning.ledger_field.description IS 'What the field means';
COMMENT ON COLUMN dunning.ledger_field.shipped IS 'Always true: the fields are those that the code knows';

CREATE TABLE dunning.ledger_word (
	scope text,
	field text,
	word text CHECK (word ~ '^[a-z0-9_]+$'),
	rank integer NOT NULL DEFAULT 0,
	shipped boolean NOT NULL DEFAULT false,
	PRIMARY KEY (scope, field, word),
	FOREIGN KEY (scope, field) REFERENCES dunning.ledger_field
);
COMMENT ON TABLE dunning.ledger_word IS 'Column names by which dunning.adopt recognises a field, in lower case without accents; add your own';
COMMENT ON COLUMN dunning.ledger_word.scope IS 'Scope of the field';
COMMENT ON COLUMN dunning.ledger_word.field IS 'The field that the word means';
COMMENT ON COLUMN dunning.ledger_word.word IS 'A column name in lower case, without accents, other signs as _';
COMMENT ON COLUMN dunning.ledger_word.rank IS 'Which word wins where several columns fit: the lowest; words of your own come first';
COMMENT ON COLUMN dunning.ledger_word.shipped IS 'Whether the row came with the extension';
SELECT pg_catalog.pg_extension_config_dump('dunning.ledger_word', 'WHERE NOT shipped');
