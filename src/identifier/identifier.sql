-- Numbers that stand on a letter: accounts, references, companies.  The check digits of a
-- number show that it is well written, not that it exists.

CREATE FUNCTION dunning.iban_problem(iban text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_iban_problem';
COMMENT ON FUNCTION dunning.iban_problem IS 'What is wrong with an IBAN: its country, length, form or check digits. NULL if nothing is. Spaces and case do not matter';

CREATE FUNCTION dunning.is_iban(iban text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_is_iban';
COMMENT ON FUNCTION dunning.is_iban IS 'Whether a text is an IBAN with the right check digits';

CREATE FUNCTION dunning.creditor_reference(number text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_creditor_reference';
COMMENT ON FUNCTION dunning.creditor_reference IS 'The creditor reference (ISO 11649) of a number such as that of an invoice: RF, two check digits, and up to 21 letters and digits; spaces and - / . _ are left out. Error 22023 for a number of which none can be made';

CREATE FUNCTION dunning.creditor_reference_problem(reference text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_creditor_reference_problem';
COMMENT ON FUNCTION dunning.creditor_reference_problem IS 'What is wrong with a creditor reference (ISO 11649), such as RF18 5390 0754 7034. NULL if nothing is';

CREATE FUNCTION dunning.is_creditor_reference(reference text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_is_creditor_reference';
COMMENT ON FUNCTION dunning.is_creditor_reference IS 'Whether a text is a creditor reference (ISO 11649) with the right check digits';

CREATE FUNCTION dunning.siren_problem(siren text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_siren_problem';
COMMENT ON FUNCTION dunning.siren_problem IS 'What is wrong with a SIREN, the number of a French company. NULL if nothing is';

CREATE FUNCTION dunning.is_siren(siren text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_is_siren';
COMMENT ON FUNCTION dunning.is_siren IS 'Whether a text is a SIREN with the right check digit';

CREATE FUNCTION dunning.siret_problem(siret text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_siret_problem';
COMMENT ON FUNCTION dunning.siret_problem IS 'What is wrong with a SIRET, the number of an establishment of a French company. NULL if nothing is. The offices of La Poste have a rule of their own';

CREATE FUNCTION dunning.is_siret(siret text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_is_siret';
COMMENT ON FUNCTION dunning.is_siret IS 'Whether a text is a SIRET with the right check digits';

CREATE FUNCTION dunning.vat_problem(number text, country text DEFAULT NULL) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_vat_problem';
COMMENT ON FUNCTION dunning.vat_problem IS 'What is wrong with a VAT number of Austria, Belgium, France, Germany, Italy, Luxembourg, the Netherlands, Poland or Portugal. NULL if nothing is. If a country is given, the number need not begin with it. Error 22023 for a country that is not two capital letters';

CREATE FUNCTION dunning.is_vat_number(number text, country text DEFAULT NULL) RETURNS boolean
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_is_vat_number';
COMMENT ON FUNCTION dunning.is_vat_number IS 'Whether a text is a VAT number with the right check digits. NULL for a country whose rule vat_problem does not know';

CREATE FUNCTION dunning.french_vat_number(siren text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_french_vat_number';
COMMENT ON FUNCTION dunning.french_vat_number IS 'The French VAT number of the company with a SIREN. Error 22023 for a text that is not a SIREN';

CREATE FUNCTION dunning.epc_qr(name text, iban text, amount numeric DEFAULT NULL, reference text DEFAULT NULL, remittance text DEFAULT NULL,
		bic text DEFAULT NULL, purpose text DEFAULT NULL, information text DEFAULT NULL) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_epc_qr';
COMMENT ON FUNCTION dunning.epc_qr IS 'The text of a QR code that fills in a SEPA credit transfer in euros (EPC069-12, version 002, UTF-8): payee, IBAN, amount, and either a creditor reference (ISO 11649) or a text. Errors: 22023 for a field that is not valid, 54000 for one that is too long';
