-- The key of an open item or a customer, whatever the type of its column in
-- the ERP's table.  It is stored as a text is; input, output and the cast to
-- text are those of text, order and hash those of bytea: byte by byte, in
-- every locale.
CREATE TYPE dunning.item_key;

CREATE FUNCTION _dunning.item_key_in(cstring) RETURNS dunning.item_key
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_in';
COMMENT ON FUNCTION _dunning.item_key_in(cstring) IS 'Reads a key: any text, as it is';

CREATE FUNCTION _dunning.item_key_out(dunning.item_key) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_out';
COMMENT ON FUNCTION _dunning.item_key_out(dunning.item_key) IS 'Writes a key as it is';

-- as with text, the binary form depends on the client encoding
CREATE FUNCTION _dunning.item_key_recv(internal) RETURNS dunning.item_key
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_recv';
COMMENT ON FUNCTION _dunning.item_key_recv(internal) IS 'Reads the binary form of a key, that of text';

CREATE FUNCTION _dunning.item_key_send(dunning.item_key) RETURNS bytea
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_send';
COMMENT ON FUNCTION _dunning.item_key_send(dunning.item_key) IS 'Writes the binary form of a key, that of text';

-- No string category: a literal is taken as a string where there is a choice,
-- so that = would be ours for it and any type that is implicitly a number.
CREATE TYPE dunning.item_key (
	INPUT = _dunning.item_key_in,
	OUTPUT = _dunning.item_key_out,
	RECEIVE = _dunning.item_key_recv,
	SEND = _dunning.item_key_send,
	LIKE = pg_catalog.text,
	CATEGORY = 'U',
	COLLATABLE = false
);
COMMENT ON TYPE dunning.item_key IS
	'Key of an open item or a customer: the canonical text of a bigint, integer, smallint, numeric, text, varchar, character or uuid';

-- = is simplified by the planner to the native comparison of what was
-- converted.  All that follows raises no error for any key, hence LEAKPROOF:
-- under row-level security an index serves only such conditions.
CREATE FUNCTION _dunning.item_key_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_support';
COMMENT ON FUNCTION _dunning.item_key_support(internal) IS
	'Planner support: simplifies the equality of keys to that of the converted columns';

CREATE FUNCTION _dunning.item_key_eq(dunning.item_key, dunning.item_key) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
	SUPPORT _dunning.item_key_support AS 'MODULE_PATHNAME', 'dunning_item_key_eq';
COMMENT ON FUNCTION _dunning.item_key_eq(dunning.item_key, dunning.item_key) IS 'Whether two keys are the same; behind the operator =';

CREATE FUNCTION _dunning.item_key_ne(dunning.item_key, dunning.item_key) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_ne';
COMMENT ON FUNCTION _dunning.item_key_ne(dunning.item_key, dunning.item_key) IS 'Whether two keys differ; behind the operator <>';

CREATE FUNCTION _dunning.item_key_lt(dunning.item_key, dunning.item_key) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_lt';
COMMENT ON FUNCTION _dunning.item_key_lt(dunning.item_key, dunning.item_key) IS 'Whether a key comes before another, byte by byte; behind the operator <';

CREATE FUNCTION _dunning.item_key_le(dunning.item_key, dunning.item_key) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_le';
COMMENT ON FUNCTION _dunning.item_key_le(dunning.item_key, dunning.item_key) IS 'Whether a key comes before another or is the same; behind the operator <=';

CREATE FUNCTION _dunning.item_key_gt(dunning.item_key, dunning.item_key) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_gt';
COMMENT ON FUNCTION _dunning.item_key_gt(dunning.item_key, dunning.item_key) IS 'Whether a key comes after another, byte by byte; behind the operator >';

CREATE FUNCTION _dunning.item_key_ge(dunning.item_key, dunning.item_key) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_ge';
COMMENT ON FUNCTION _dunning.item_key_ge(dunning.item_key, dunning.item_key) IS 'Whether a key comes after another or is the same; behind the operator >=';

CREATE FUNCTION _dunning.item_key_cmp(dunning.item_key, dunning.item_key) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_cmp';
COMMENT ON FUNCTION _dunning.item_key_cmp(dunning.item_key, dunning.item_key) IS 'Order of two keys, byte by byte: less than, equal to or greater than 0';

CREATE FUNCTION _dunning.item_key_sortsupport(internal) RETURNS void
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_sortsupport';
COMMENT ON FUNCTION _dunning.item_key_sortsupport(internal) IS 'Sort support of the order of keys';

CREATE FUNCTION _dunning.item_key_hash(dunning.item_key) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_hash';
COMMENT ON FUNCTION _dunning.item_key_hash(dunning.item_key) IS 'Hash of a key';

CREATE FUNCTION _dunning.item_key_hash_extended(dunning.item_key, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_hash_extended';
COMMENT ON FUNCTION _dunning.item_key_hash_extended(dunning.item_key, bigint) IS 'Hash of a key in 64 bits, with a seed';

-- All operators are in pg_catalog, so that they are found whatever the
-- search_path: nobody has to add this schema to it for WHERE item = '42'.
CREATE OPERATOR pg_catalog.= (
	LEFTARG = dunning.item_key, RIGHTARG = dunning.item_key, FUNCTION = _dunning.item_key_eq,
	COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>),
	RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR pg_catalog.= (dunning.item_key, dunning.item_key) IS 'the keys are the same';

CREATE OPERATOR pg_catalog.<> (
	LEFTARG = dunning.item_key, RIGHTARG = dunning.item_key, FUNCTION = _dunning.item_key_ne,
	COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=),
	RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR pg_catalog.<> (dunning.item_key, dunning.item_key) IS 'the keys differ';

CREATE OPERATOR pg_catalog.< (
	LEFTARG = dunning.item_key, RIGHTARG = dunning.item_key, FUNCTION = _dunning.item_key_lt,
	COMMUTATOR = OPERATOR(pg_catalog.>), NEGATOR = OPERATOR(pg_catalog.>=),
	RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR pg_catalog.< (dunning.item_key, dunning.item_key) IS 'the key comes before, byte by byte';

CREATE OPERATOR pg_catalog.<= (
	LEFTARG = dunning.item_key, RIGHTARG = dunning.item_key, FUNCTION = _dunning.item_key_le,
	COMMUTATOR = OPERATOR(pg_catalog.>=), NEGATOR = OPERATOR(pg_catalog.>),
	RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR pg_catalog.<= (dunning.item_key, dunning.item_key) IS 'the key comes before or is the same';

CREATE OPERATOR pg_catalog.> (
	LEFTARG = dunning.item_key, RIGHTARG = dunning.item_key, FUNCTION = _dunning.item_key_gt,
	COMMUTATOR = OPERATOR(pg_catalog.<), NEGATOR = OPERATOR(pg_catalog.<=),
	RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR pg_catalog.> (dunning.item_key, dunning.item_key) IS 'the key comes after, byte by byte';

CREATE OPERATOR pg_catalog.>= (
	LEFTARG = dunning.item_key, RIGHTARG = dunning.item_key, FUNCTION = _dunning.item_key_ge,
	COMMUTATOR = OPERATOR(pg_catalog.<=), NEGATOR = OPERATOR(pg_catalog.<),
	RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR pg_catalog.>= (dunning.item_key, dunning.item_key) IS 'the key comes after or is the same';

CREATE OPERATOR FAMILY _dunning.item_key_ops USING btree;
COMMENT ON OPERATOR FAMILY _dunning.item_key_ops USING btree IS 'keys byte by byte';
CREATE OPERATOR CLASS _dunning.item_key_ops DEFAULT FOR TYPE dunning.item_key USING btree FAMILY _dunning.item_key_ops AS
	OPERATOR 1 pg_catalog.<,
	OPERATOR 2 pg_catalog.<=,
	OPERATOR 3 pg_catalog.=,
	OPERATOR 4 pg_catalog.>=,
	OPERATOR 5 pg_catalog.>,
	FUNCTION 1 _dunning.item_key_cmp(dunning.item_key, dunning.item_key),
	FUNCTION 2 _dunning.item_key_sortsupport(internal),
	FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS _dunning.item_key_ops USING btree IS 'keys byte by byte';

CREATE OPERATOR FAMILY _dunning.item_key_ops USING hash;
COMMENT ON OPERATOR FAMILY _dunning.item_key_ops USING hash IS 'keys byte by byte';
CREATE OPERATOR CLASS _dunning.item_key_ops DEFAULT FOR TYPE dunning.item_key USING hash FAMILY _dunning.item_key_ops AS
	OPERATOR 1 pg_catalog.=,
	FUNCTION 1 _dunning.item_key_hash(dunning.item_key),
	FUNCTION 2 _dunning.item_key_hash_extended(dunning.item_key, bigint);
COMMENT ON OPERATOR CLASS _dunning.item_key_ops USING hash IS 'keys byte by byte';

-- From a native value to its one canonical text.

CREATE FUNCTION dunning.item_key(bigint) RETURNS dunning.item_key
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
	SUPPORT _dunning.item_key_support AS 'MODULE_PATHNAME', 'dunning_item_key_of_int8';
COMMENT ON FUNCTION dunning.item_key(bigint) IS 'Key of a bigint: its digits';

CREATE FUNCTION dunning.item_key(integer) RETURNS dunning.item_key
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
	SUPPORT _dunning.item_key_support AS 'MODULE_PATHNAME', 'dunning_item_key_of_int4';
COMMENT ON FUNCTION dunning.item_key(integer) IS 'Key of an integer: its digits';

CREATE FUNCTION dunning.item_key(smallint) RETURNS dunning.item_key
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
	SUPPORT _dunning.item_key_support AS 'MODULE_PATHNAME', 'dunning_item_key_of_int2';
COMMENT ON FUNCTION dunning.item_key(smallint) IS 'Key of a smallint: its digits';

CREATE FUNCTION dunning.item_key(numeric) RETURNS dunning.item_key
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
	SUPPORT _dunning.item_key_support AS 'MODULE_PATHNAME', 'dunning_item_key_of_numeric';
COMMENT ON FUNCTION dunning.item_key(numeric) IS 'Key of a numeric: its digits without trailing zeros, so that equal numbers have one key';

CREATE FUNCTION dunning.item_key(text) RETURNS dunning.item_key
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
	SUPPORT _dunning.item_key_support AS 'MODULE_PATHNAME', 'dunning_item_key_of_text';
COMMENT ON FUNCTION dunning.item_key(text) IS 'Key of a text or varchar: itself';

CREATE FUNCTION dunning.item_key(character) RETURNS dunning.item_key
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
	SUPPORT _dunning.item_key_support AS 'MODULE_PATHNAME', 'dunning_item_key_of_bpchar';
COMMENT ON FUNCTION dunning.item_key(character) IS 'Key of a character(n): without trailing blanks';

CREATE FUNCTION dunning.item_key(uuid) RETURNS dunning.item_key
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE
	SUPPORT _dunning.item_key_support AS 'MODULE_PATHNAME', 'dunning_item_key_of_uuid';
COMMENT ON FUNCTION dunning.item_key(uuid) IS 'Key of a uuid: lower case with hyphens';

-- And back: NULL for a key that is not the canonical text of such a value.

CREATE FUNCTION _dunning.item_key_bigint(key dunning.item_key) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_bigint';
COMMENT ON FUNCTION _dunning.item_key_bigint(dunning.item_key) IS 'The bigint of which this is the key, or NULL: "042" is the key of none';

CREATE FUNCTION _dunning.item_key_numeric(key dunning.item_key) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_numeric';
COMMENT ON FUNCTION _dunning.item_key_numeric(dunning.item_key) IS 'The numeric of which this is the key, or NULL: "42.0" is the key of none';

CREATE FUNCTION _dunning.item_key_character(key dunning.item_key) RETURNS character
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_character';
COMMENT ON FUNCTION _dunning.item_key_character(dunning.item_key) IS 'The character value of which this is the key, or NULL for a key that ends in a blank';

CREATE FUNCTION _dunning.item_key_uuid(key dunning.item_key) RETURNS uuid
	LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_item_key_uuid';
COMMENT ON FUNCTION _dunning.item_key_uuid(dunning.item_key) IS 'The uuid of which this is the key, or NULL: one in capitals is the key of none';

-- None is implicit: with operators that are found everywhere a number would
-- then be comparable with a text in every session.  The one from varchar must
-- be there for dunning.item_key(varchar) too, which would otherwise be a
-- conversion by output and input that the planner cannot see through.

CREATE CAST (bigint AS dunning.item_key) WITH FUNCTION dunning.item_key(bigint) AS ASSIGNMENT;
COMMENT ON CAST (bigint AS dunning.item_key) IS 'canonical text';

CREATE CAST (integer AS dunning.item_key) WITH FUNCTION dunning.item_key(integer) AS ASSIGNMENT;
COMMENT ON CAST (integer AS dunning.item_key) IS 'canonical text';

CREATE CAST (smallint AS dunning.item_key) WITH FUNCTION dunning.item_key(smallint) AS ASSIGNMENT;
COMMENT ON CAST (smallint AS dunning.item_key) IS 'canonical text';

CREATE CAST (numeric AS dunning.item_key) WITH FUNCTION dunning.item_key(numeric) AS ASSIGNMENT;
COMMENT ON CAST (numeric AS dunning.item_key) IS 'canonical text';

CREATE CAST (text AS dunning.item_key) WITH FUNCTION dunning.item_key(text) AS ASSIGNMENT;
COMMENT ON CAST (text AS dunning.item_key) IS 'canonical text';

CREATE CAST (character varying AS dunning.item_key) WITH FUNCTION dunning.item_key(text) AS ASSIGNMENT;
COMMENT ON CAST (character varying AS dunning.item_key) IS 'canonical text';

CREATE CAST (character AS dunning.item_key) WITH FUNCTION dunning.item_key(character) AS ASSIGNMENT;
COMMENT ON CAST (character AS dunning.item_key) IS 'canonical text';

CREATE CAST (uuid AS dunning.item_key) WITH FUNCTION dunning.item_key(uuid) AS ASSIGNMENT;
COMMENT ON CAST (uuid AS dunning.item_key) IS 'canonical text';

CREATE CAST (dunning.item_key AS text) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON CAST (dunning.item_key AS text) IS 'the key as it is';

-- A key and a native value are compared without a cast.  The functions are
-- there to be inlined: what the planner sees is the comparison of two keys, so
-- that its support, the index on a key and the hash join serve these, too.  Their
-- bodies are stored parsed, so a reader needs no privilege on this schema.  A
-- varchar is taken as a text; a character has its own for the native index.
DO $do$
DECLARE
	native text;
BEGIN
	FOREACH native IN ARRAY '{smallint,integer,bigint,numeric,text,character,uuid}'::pg_catalog.text[] LOOP
		EXECUTE pg_catalog.format($sql$
			CREATE FUNCTION _dunning.item_key_eq(dunning.item_key, %1$s) RETURNS boolean
				LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
				RETURN $1 OPERATOR(pg_catalog.=) dunning.item_key($2);
			COMMENT ON FUNCTION _dunning.item_key_eq(dunning.item_key, %1$s) IS
				'Whether a key is that of a value; behind the operator =';

			CREATE FUNCTION _dunning.item_key_eq(%1$s, dunning.item_key) RETURNS boolean
				LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
				RETURN dunning.item_key($1) OPERATOR(pg_catalog.=) $2;
			COMMENT ON FUNCTION _dunning.item_key_eq(%1$s, dunning.item_key) IS
				'Whether a value has a key; behind the operator =';

			CREATE FUNCTION _dunning.item_key_ne(dunning.item_key, %1$s) RETURNS boolean
				LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
				RETURN $1 OPERATOR(pg_catalog.<>) dunning.item_key($2);
			COMMENT ON FUNCTION _dunning.item_key_ne(dunning.item_key, %1$s) IS
				'Whether a key is not that of a value; behind the operator <>';

			CREATE FUNCTION _dunning.item_key_ne(%1$s, dunning.item_key) RETURNS boolean
				LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
				RETURN dunning.item_key($1) OPERATOR(pg_catalog.<>) $2;
			COMMENT ON FUNCTION _dunning.item_key_ne(%1$s, dunning.item_key) IS
				'Whether a value has another key; behind the operator <>';

			CREATE OPERATOR pg_catalog.= (
				LEFTARG = dunning.item_key, RIGHTARG = %1$s, FUNCTION = _dunning.item_key_eq,
				COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>),
				RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel
			);
			COMMENT ON OPERATOR pg_catalog.= (dunning.item_key, %1$s) IS 'the key is that of the value';

			CREATE OPERATOR pg_catalog.= (
				LEFTARG = %1$s, RIGHTARG = dunning.item_key, FUNCTION = _dunning.item_key_eq,
				COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>),
				RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel
			);
			COMMENT ON OPERATOR pg_catalog.= (%1$s, dunning.item_key) IS 'the value has the key';

			CREATE OPERATOR pg_catalog.<> (
				LEFTARG = dunning.item_key, RIGHTARG = %1$s, FUNCTION = _dunning.item_key_ne,
				COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=),
				RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
			);
			COMMENT ON OPERATOR pg_catalog.<> (dunning.item_key, %1$s) IS 'the key is not that of the value';

			CREATE OPERATOR pg_catalog.<> (
				LEFTARG = %1$s, RIGHTARG = dunning.item_key, FUNCTION = _dunning.item_key_ne,
				COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=),
				RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
			);
			COMMENT ON OPERATOR pg_catalog.<> (%1$s, dunning.item_key) IS 'the value has another key';
		$sql$, native);
	END LOOP;
END $do$;

-- The keys of all other types: their text, and never by a cast, since whoever
-- owns a type can define one that runs as whoever reads.
CREATE FUNCTION _dunning.output_text(anyelement) RETURNS text
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_output_text';
COMMENT ON FUNCTION _dunning.output_text(anyelement) IS
	'The text of a value by the output function of its type; no cast and nothing else that the owner of a type can define is run';
