-- Rows that came with the extension.  They are read-only, so that an upgrade can
-- refresh them; a user's own rows stand beside them and are dumped.

-- These two are attached when the shipped rows are there; a script of an upgrade
-- disables them.  They are fired after a row was written, so that they see what
-- a BEFORE trigger of somebody else made of it.
CREATE FUNCTION _dunning.keep_shipped() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'a row of dunning.% that came with pg_dunning cannot be changed', TG_TABLE_NAME
		USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = 'Insert a row of your own beside it; the next upgrade would undo the change.';
END
$$;
COMMENT ON FUNCTION _dunning.keep_shipped() IS 'Trigger: refuses to change or delete a configuration row that came with the extension';

CREATE FUNCTION _dunning.refuse_shipped() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'only pg_dunning itself ships rows of dunning.%', TG_TABLE_NAME
		USING ERRCODE = 'object_not_in_prerequisite_state',
			DETAIL = 'A shipped row cannot be changed and is in no dump.', HINT = 'Leave the column "shipped" out.';
END
$$;
COMMENT ON FUNCTION _dunning.refuse_shipped() IS 'Trigger: refuses a row that says it came with the extension';

-- What a user entered may be shipped by a later version: then the shipped row
-- stands, also where a dump brings the user's own back.  The arguments of the
-- trigger name the columns of the key.
CREATE FUNCTION _dunning.prefer_shipped() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	is_shipped boolean;
	key text;
BEGIN
	IF NEW.shipped THEN
		RETURN NEW;
	END IF;
	EXECUTE format('SELECT EXISTS (SELECT FROM dunning.%I AS t WHERE t.shipped AND %s)', TG_TABLE_NAME,
			(SELECT string_agg(format('t.%1$I = $1.%1$I', k), ' AND ') FROM unnest(TG_ARGV) AS k))
		INTO is_shipped USING NEW;
	IF NOT is_shipped THEN
		RETURN NEW;
	END IF;
	SELECT string_agg(coalesce(to_jsonb(NEW)->>k, ''), ', ' ORDER BY n) INTO key FROM unnest(TG_ARGV) WITH ORDINALITY AS a (k, n);
	RAISE WARNING 'the row "%" of dunning.% came with pg_dunning and stands', key, TG_TABLE_NAME;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION _dunning.prefer_shipped() IS 'Trigger: leaves a row out whose key, the columns named as arguments, is that of a row that came with the extension';

-- The text of a data file in the encoding of the database; where that has no
-- such characters a question mark stands for each.  Gone after the shipped rows.
CREATE FUNCTION _dunning.shipped_text(utf8 bytea) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN convert_from(utf8, 'UTF8');
EXCEPTION WHEN untranslatable_character OR undefined_function THEN
	-- what octets above 0x7F print as in the escape format
	RETURN regexp_replace(encode(utf8, 'escape'), '\\3[0-7][0-7](\\2[0-7][0-7])+', '?', 'g');
END
$$;
COMMENT ON FUNCTION _dunning.shipped_text(bytea) IS 'A text of UTF-8 in the encoding of the database';
