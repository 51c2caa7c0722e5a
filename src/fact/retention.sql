-- How long rows are kept that need not be kept for ever.

CREATE TABLE dunning.retention ( --: How long rows are kept before dunning.prune deletes them. Rows of your own go before the shipped ones
	kind text CHECK (kind IN ('books', 'notices', 'contacts', 'runs')), --: books: what the archive keeps of a customer who was forgotten; notices: messages that were sent or withdrawn; contacts: what was said; runs: their problems, and the log of those that wrote nothing
	kept_for interval NOT NULL CHECK (kept_for >= interval '0'), --: How long, from the day on which it was archived, sent, withdrawn, said or run
	basis text, --: The law or rule
	shipped boolean NOT NULL DEFAULT false, --: Whether the row came with the extension
	PRIMARY KEY (kind, shipped)
);
SELECT pg_catalog.pg_extension_config_dump('dunning.retention', 'WHERE NOT shipped');
INSERT INTO dunning.retention (kind, kept_for, basis, shipped) VALUES
	('books', '10 years', 'France: accounting documents are kept 10 years (code de commerce L123-22), as an intermediate archive with restricted access (CNIL)', true),
	('notices', '5 years', 'France: claims between merchants are barred after 5 years (code de commerce L110-4)', true),
	('contacts', '5 years', 'France: claims between merchants are barred after 5 years (code de commerce L110-4)', true),
	('runs', '1 year', 'none: to find mistakes', true);

CREATE FUNCTION _dunning.kept_for(kind text) RETURNS interval
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT r.kept_for FROM dunning.retention AS r WHERE r.kind = kept_for.kind ORDER BY r.shipped LIMIT 1
$$;
COMMENT ON FUNCTION _dunning.kept_for(text) IS 'How long rows of a kind are kept';

CREATE FUNCTION _dunning.kept_from(kind text) RETURNS date
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT (_dunning.real_day() - _dunning.kept_for(kept_from.kind))::date
$$;
COMMENT ON FUNCTION _dunning.kept_from(text) IS 'The first day of which rows of a kind are kept';
