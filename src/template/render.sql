-- Templates in Mustache.  Nothing in a template runs code or reads a table.

CREATE FUNCTION dunning.render(template text, context jsonb, partials jsonb DEFAULT NULL, format text DEFAULT 'text') RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'dunning_render';
COMMENT ON FUNCTION dunning.render IS 'A template in the language Mustache, filled with the values of a JSON context. Format html escapes values as text of HTML, format text writes them as they are. Partials are an object of templates by name. Errors: 22023 with line and column for a mistake in a template, 54000 beyond a limit';

CREATE FUNCTION dunning.template_names(template text,
		OUT name text, OUT kind text, OUT sections text[], OUT line integer, OUT at_column integer) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 20 AS 'MODULE_PATHNAME', 'dunning_template_names';
COMMENT ON FUNCTION dunning.template_names IS 'The names that a template uses, in order: whether as a value, an unescaped value, a section, an inverted section or a partial; the sections around it, the outermost first; its line and column. Errors as those of render';

CREATE FUNCTION dunning.unknown_names(template text, context jsonb, partials jsonb DEFAULT NULL,
		OUT name text, OUT partial text, OUT line integer, OUT at_column integer) RETURNS SETOF record
	LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 1 AS 'MODULE_PATHNAME', 'dunning_unknown_names';
COMMENT ON FUNCTION dunning.unknown_names IS 'The names of a template that a sample of its context does not have, with their partial (NULL: the template itself), line and column. Each section is gone through once. The first element of a list stands for all';
