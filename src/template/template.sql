-- The templates of messages.  The rows that come with the extension are files of
-- src/data/template.

CREATE FUNCTION _dunning.is_template(template text) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_is_template';
COMMENT ON FUNCTION _dunning.is_template(text) IS 'True for a template that can be read; otherwise error 22023 with line and column, or 54000';

CREATE TABLE dunning.template ( --: Templates of messages by name and language. Of several that fit, the most particular one is taken; a row of your own takes precedence over a shipped one. save_template checks a template before it writes a row
	name text CHECK (name ~ '^[a-z][a-z0-9_]*$'), --: Name, such as first_reminder: lower-case letters, digits and _
	language text CHECK (language ~ '^[a-z]{2,3}$'), --: ISO code of the language, in lower case; of a partial, mul: all that have none of its name
	kind text NOT NULL DEFAULT 'message' CHECK (kind IN ('message', 'formal notice', 'script', 'page', 'partial')), --: What it is: message; formal notice, which needs certain elements; script, for a call; page, a document of HTML; partial, a part of other templates of its language
	procedure text DEFAULT '', --: Dunning procedure whose reminders it is for; empty: all
	level integer DEFAULT 0 CHECK (level >= 0), --: Place of the step that it is for; 0: all
	channel text DEFAULT '', --: Channel that it is for; empty: all
	valid_from date DEFAULT '-infinity', --: First day on which it is used
	valid_until date CHECK (valid_until >= valid_from), --: Last day on which it is used; NULL: none
	subject text CHECK (_dunning.is_template(subject) AND subject !~ '[\n\r]'), --: Template of the subject, one line; NULL: none
	body text NOT NULL CHECK (_dunning.is_template(body)), --: Template of the text
	html text CHECK (_dunning.is_template(html)), --: Template of the HTML; NULL: it is made of the text, and of the HTML of partials
	shipped boolean DEFAULT false, --: Whether the row came with the extension
	PRIMARY KEY (name, language, procedure, level, channel, valid_from, shipped),
	CHECK (kind <> 'partial' OR (subject IS NULL AND procedure = '' AND level = 0 AND channel = ''))
);
SELECT pg_catalog.pg_extension_config_dump('dunning.template', 'WHERE NOT shipped');
