-- The key of an open item or a customer, whatever the type of its column in the
-- ERP's table.  Input, output and the cast to text are those of text; order and hash
-- are those of bytea: byte by byte, in every locale.  src/type.csv declares the type.
--
-- All operators are in pg_catalog, so they are found with any search_path: nobody has
-- to add this schema to it for WHERE item = '42'.

CREATE CAST (dunning.item_key AS text) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON CAST (dunning.item_key AS text) IS 'the key as it is';

-- Of each type that a key can have: the key of a value, and its comparison with a key
-- without a cast.  No cast is implicit: with operators that are found everywhere, any
-- session could then compare a number with a text.
--
-- The functions behind the operators are there to be inlined: the planner sees the
-- comparison of two keys, so its support, the index on a key and the hash join serve
-- these, too.  Their bodies are stored parsed, so a reader needs no privilege on this
-- schema.  A varchar is taken as a text; a character has its own for the native index.
DO $do$
DECLARE
	native record;
	c record;
BEGIN
	FOR native IN SELECT * FROM (VALUES
		('smallint', 'int2', 'its digits'), ('integer', 'int4', 'its digits'), ('bigint', 'int8', 'its digits'),
		('numeric', 'numeric', 'its digits without trailing zeros, so that equal numbers have one key'),
		('text', 'text', 'itself, also for a varchar'), ('character', 'bpchar', 'without trailing blanks'), ('uuid', 'uuid', 'lower case with hyphens')) AS v (type, symbol, form)
	LOOP
		EXECUTE pg_catalog.format($sql$
			CREATE FUNCTION dunning.item_key(%1$s) RETURNS dunning.item_key
				LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
				SUPPORT _dunning.item_key_support AS 'MODULE_PATHNAME', 'dunning_item_key_of_%2$s';
			COMMENT ON FUNCTION dunning.item_key(%1$s) IS 'The key of a value of type %1$s: %3$s';
			CREATE CAST (%1$s AS dunning.item_key) WITH FUNCTION dunning.item_key(%1$s) AS ASSIGNMENT;
			COMMENT ON CAST (%1$s AS dunning.item_key) IS 'canonical text';
		$sql$, native.type, native.symbol, native.form);
		FOR c IN SELECT *
			FROM (VALUES ('dunning.item_key', native.type, '$1', 'dunning.item_key($2)'),
				(native.type, 'dunning.item_key', 'dunning.item_key($1)', '$2')) AS s (left_type, right_type, left_key, right_key)
			CROSS JOIN (VALUES ('eq', '=', '<>', 'is'), ('neq', '<>', '=', 'is not')) AS o (estimate, operator, negator, word)
		LOOP
			EXECUTE pg_catalog.format($sql$
				CREATE FUNCTION _dunning.item_key_%5$s(%1$s, %2$s) RETURNS boolean
					LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
					RETURN %3$s OPERATOR(pg_catalog.%6$s) %4$s;
				COMMENT ON FUNCTION _dunning.item_key_%5$s(%1$s, %2$s) IS 'Implementation of the operator %6$s';
				CREATE OPERATOR pg_catalog.%6$s (
					LEFTARG = %1$s, RIGHTARG = %2$s, FUNCTION = _dunning.item_key_%5$s,
					COMMUTATOR = OPERATOR(pg_catalog.%6$s), NEGATOR = OPERATOR(pg_catalog.%7$s),
					RESTRICT = pg_catalog.%8$ssel, JOIN = pg_catalog.%8$sjoinsel
				);
				COMMENT ON OPERATOR pg_catalog.%6$s (%1$s, %2$s) IS 'the key %9$s that of the value';
			$sql$, c.left_type, c.right_type, c.left_key, c.right_key, pg_catalog.replace(c.estimate, 'neq', 'ne'), c.operator, c.negator,
				c.estimate, c.word);
		END LOOP;
	END LOOP;
END $do$;

-- Without this cast dunning.item_key(varchar) would be a conversion by output and
-- input, which the planner cannot see through.
CREATE CAST (character varying AS dunning.item_key) WITH FUNCTION dunning.item_key(text) AS ASSIGNMENT;
COMMENT ON CAST (character varying AS dunning.item_key) IS 'canonical text';

-- Drivers bind arrays of texts.  No operator takes an array of keys but those of all
-- arrays, which do not use this cast.
CREATE CAST (text[] AS dunning.item_key[]) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (text[] AS dunning.item_key[]) IS 'each text is a key';
CREATE CAST (character varying[] AS dunning.item_key[]) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (character varying[] AS dunning.item_key[]) IS 'each text is a key';

-- The value of a key: NULL if the key is not the canonical text of such a value.

CREATE FUNCTION _dunning.item_key_bigint(key dunning.item_key) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_bigint';
COMMENT ON FUNCTION _dunning.item_key_bigint(dunning.item_key) IS 'The bigint with this key, or NULL: no bigint has the key "042"';

CREATE FUNCTION _dunning.item_key_numeric(key dunning.item_key) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_numeric';
COMMENT ON FUNCTION _dunning.item_key_numeric(dunning.item_key) IS 'The numeric with this key, or NULL: no numeric has the key "42.0"';

CREATE FUNCTION _dunning.item_key_character(key dunning.item_key) RETURNS character
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_character';
COMMENT ON FUNCTION _dunning.item_key_character(dunning.item_key) IS 'The character value with this key, or NULL for a key that ends with a blank';

CREATE FUNCTION _dunning.item_key_uuid(key dunning.item_key) RETURNS uuid
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_uuid';
COMMENT ON FUNCTION _dunning.item_key_uuid(dunning.item_key) IS 'The uuid with this key, or NULL: no uuid has a key in capitals';

-- The keys of all other types.  A cast is never used, because the owner of a type can
-- define one, and it would run as the reader.
CREATE FUNCTION _dunning.output_text(anyelement) RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_output_text';
COMMENT ON FUNCTION _dunning.output_text(anyelement) IS 'The text of a value by the output function of its type, which only a superuser can define';
