-- How a contact ended, and why a customer does not pay: codes with their texts.

CREATE TABLE dunning.contact_code ( --: Codes of contacts: how they ended, and why the customer does not pay. Rows of your own stand beside the shipped ones
	about text CHECK (about IN ('outcome', 'reason')), --: outcome: how a contact ended; reason: why the customer does not pay
	code text CHECK (code ~ '^[a-z_][a-z0-9_]*$' AND octet_length(code) <= 63), --: Code: lower-case letters, digits and _
	label_en text NOT NULL, --: What it is called in English
	label_fr text, --: What it is called in French; NULL: as in English
	label_de text, --: What it is called in German; NULL: as in English
	label_nl text, --: What it is called in Dutch; NULL: as in English
	reached boolean, --: Of an outcome: whether somebody was spoken with. A call of such an outcome takes its reminder
	source text, --: Where the code was read
	shipped boolean NOT NULL DEFAULT false, --: Whether the row came with the extension
	PRIMARY KEY (about, code),
	CHECK ((about = 'outcome') = (reached IS NOT NULL))
);
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.contact_code
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('about', 'code');
SELECT pg_catalog.pg_extension_config_dump('dunning.contact_code', 'WHERE NOT shipped');
