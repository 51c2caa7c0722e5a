-- Settings of a ledger beyond those that its adoption needs.

CREATE TABLE dunning.ledger_setting ( --: Settings of ledgers; a ledger without a row, and a column that is NULL, has the default
	ledger name PRIMARY KEY, --: Name of the ledger
	statements_within text CHECK (statements_within ~ '^[0-9]{1,3} (business )?days?$'), --: How old the last loaded bank statement may be on the day of a run, such as 3 days or 2 business days; NULL: nothing is asked
	netting text CHECK (netting IN ('none', 'credit_notes', 'all')), --: Which negative items reports set off against what is owed: none, credit_notes or all; NULL: all
	insurer_extension integer CHECK (insurer_extension BETWEEN 0 AND 3650), --: Days after the due date by which the credit insurer lets a plan or a deferral end without asking him; NULL: nothing is asked
	insurer_declaration integer CHECK (insurer_declaration BETWEEN 1 AND 3650) --: Days after the due date within which an unpaid item is to be declared to the credit insurer; NULL: nothing is declared
);
SELECT pg_catalog.pg_extension_config_dump('dunning.ledger_setting', '');

CREATE FUNCTION _dunning.item_kind(kind text, amount numeric) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN lower(kind) IN ('invoice', 'credit_note', 'down_payment', 'receipt') THEN lower(kind) WHEN amount < 0 THEN 'credit_note' ELSE 'invoice' END;
COMMENT ON FUNCTION _dunning.item_kind(text, numeric) IS 'What an item is: what its ledger says if that is one of the four words, otherwise by the sign of its amount';

CREATE FUNCTION _dunning.is_sale(kind text) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN kind IN ('invoice', 'credit_note');
COMMENT ON FUNCTION _dunning.is_sale(text) IS 'Whether an item of a kind changes what was sold; down-payments and receipts do not';

-- What is not netted is left out of the balance and told apart.
CREATE FUNCTION _dunning.netted_query(ledger text, kind text, open_amount text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('NOT ((SELECT EXISTS (SELECT FROM dunning.ledger_setting AS any_setting WHERE any_setting.netting <> ''all'')) AND (%3$s < 0) IS TRUE AND EXISTS ('
		'SELECT FROM dunning.ledger_setting AS setting WHERE setting.ledger = %1$s AND (setting.netting = ''none'' OR setting.netting = ''credit_notes'' AND %2$s <> ''credit_note'')))', ledger, kind, open_amount);
COMMENT ON FUNCTION _dunning.netted_query(text, text, text) IS 'The condition that reports set an item off against what is owed, from qualified expressions of its ledger, kind and open amount';

CREATE FUNCTION _dunning.nets_less(ledger name DEFAULT NULL) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM dunning.ledger_setting AS s WHERE s.netting <> 'all'
		AND (nets_less.ledger IS NULL OR s.ledger = nets_less.ledger))
$$;
COMMENT ON FUNCTION _dunning.nets_less(name) IS 'Whether a ledger, or any one for NULL, does not net all of its negative items';

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
