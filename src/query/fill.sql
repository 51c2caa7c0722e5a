-- Queries that are put together of parts.

CREATE FUNCTION _dunning.fill(template text, VARIADIC parts text[]) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	FOR i IN 1 .. cardinality(parts) / 2 LOOP
		template := replace(template, '<' || parts[2 * i - 1] || '>', parts[2 * i]);
	END LOOP;
	RETURN template;
END
$$;
COMMENT ON FUNCTION _dunning.fill(text, text[]) IS
	'A query with its parts in place of their names in angle brackets: names and parts in turn. A part may hold the names of later ones';
