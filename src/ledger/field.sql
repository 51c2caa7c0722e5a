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

-- What a report can be grouped by, in the order of the columns of its rows.  A key says
-- who it is only together with its ledger.  Beside these words stand the names of the
-- attributes of the ledgers; their values are in one column.
CREATE FUNCTION _dunning.report_keys() RETURNS TABLE (place integer, name text, word text, type text, is_key boolean, is_name boolean,
		en text, fr text, comment text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT v.* FROM (VALUES
			(1, 'ledger', 'ledger', 'name', false, false, 'ledger', 'compte', 'Ledger, if grouped by it, or by customer, payer or group'),
			(2, 'company', 'company', 'text', false, false, 'company', 'société', 'Company, if grouped by it'),
			(3, 'salesperson', 'salesperson', 'text', false, false, 'salesperson', 'commercial', 'Salesperson of the customer, if grouped by it'),
			(4, 'class', 'class', 'text', false, false, 'class', 'classe', 'Class of the customer, if grouped by it'),
			(5, 'attributes', 'attributes', 'jsonb', false, false, 'attributes', 'attributs', 'Attributes that the report is by, name to value; NULL: it is by none'),
			(6, 'customer_group', 'customer_group', 'dunning.item_key', true, false, 'customer group', 'groupe', 'Key of the group of the customer in its ledger, if grouped by it'),
			(7, 'payer', 'payer', 'dunning.item_key', true, false, 'payer', 'payeur', 'Key of the payer in its ledger, if grouped by it'),
			(8, 'payer_name', 'payer', 'text', false, true, 'payer name', 'nom du payeur', 'Name of the payer, if grouped by payer'),
			(9, 'customer', 'customer', 'dunning.item_key', true, false, 'customer', 'client', 'Key of the customer in its ledger, if grouped by it'),
			(10, 'customer_name', 'customer', 'text', false, true, 'customer name', 'nom', 'Name of the customer, if grouped by customer'),
			(11, 'month', 'month', 'date', false, false, 'month', 'mois', 'First day of the month of the date that items age by, if grouped by it; NULL: they have none'))
			AS v (place, name, word, type, is_key, is_name, en, fr, comment);
	END;
COMMENT ON FUNCTION _dunning.report_keys() IS 'The columns that say what a row of a report is of, and by which word of grouped_by each has a value';
