-- Queries that are put together of parts, and relations that follow others.

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

CREATE FUNCTION _dunning.copy_comments(source regclass, target regclass) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c record;
BEGIN
	FOR c IN
		SELECT t.attname AS name, col_description(s.attrelid, s.attnum) AS comment
		FROM pg_attribute AS t JOIN pg_attribute AS s ON s.attrelid = source AND s.attname = t.attname
		WHERE t.attrelid = target AND t.attnum > 0 AND NOT t.attisdropped AND col_description(t.attrelid, t.attnum) IS NULL
	LOOP
		EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', target, c.name, c.comment);
	END LOOP;
END
$$;
COMMENT ON FUNCTION _dunning.copy_comments(regclass, regclass) IS
	'Gives the columns of a relation that have no comment those of the columns of the same name of another one';
