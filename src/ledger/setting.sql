-- Settings of a ledger beyond those that its adoption needs.

CREATE TABLE dunning.ledger_setting ( --: Settings of ledgers; a ledger without a row, and a column that is NULL, has the default
	ledger name PRIMARY KEY, --: Name of the ledger
	statements_within text CHECK (statements_within ~ '^[0-9]{1,3} (business )?days?$') --: How old the last loaded bank statement may be on the day of a run, such as 3 days or 2 business days; NULL: nothing is asked
);
SELECT pg_catalog.pg_extension_config_dump('dunning.ledger_setting', '');

CREATE TABLE dunning.tolerance ( --: Small amounts that are not reminded of, by currency
	ledger name DEFAULT '', --: Name of the ledger; empty: all ledgers that have no row of their own for the currency
	currency text CHECK (currency <> ''), --: Currency of the open amount
	amount numeric NOT NULL CHECK (amount > 0 AND amount < 'Infinity'), --: Nothing is raised for an item of which less is open
	PRIMARY KEY (ledger, currency)
);
SELECT pg_catalog.pg_extension_config_dump('dunning.tolerance', '');

CREATE FUNCTION _dunning.tolerance_query(ledger text, currency text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('(CASE WHEN (SELECT EXISTS (SELECT FROM dunning.tolerance)) THEN (SELECT tolerance.amount FROM dunning.tolerance '
		'WHERE tolerance.currency = %2$s AND tolerance.ledger IN (%1$s, '''') ORDER BY tolerance.ledger DESC LIMIT 1) END)', ledger, currency);
COMMENT ON FUNCTION _dunning.tolerance_query(text, text) IS
	'The scalar subquery of the tolerance of an item, from qualified expressions of its ledger and currency; NULL if there is none';
