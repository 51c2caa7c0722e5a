-- What the catalogs say of a relation and its columns.

CREATE FUNCTION _dunning.base_type(type oid) RETURNS oid
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		WITH RECURSIVE b AS (
			SELECT base_type.type AS oid
			UNION ALL
			SELECT t.typbasetype FROM b JOIN pg_catalog.pg_type AS t ON t.oid = b.oid WHERE t.typtype = 'd')
		SELECT b.oid FROM b JOIN pg_catalog.pg_type AS t ON t.oid = b.oid WHERE t.typtype <> 'd';
	END;
COMMENT ON FUNCTION _dunning.base_type(oid) IS 'The type under a domain, or the type itself';

CREATE FUNCTION _dunning.relation_columns(relation regclass)
	RETURNS TABLE (column_name text, type oid, word text, attnum smallint)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT a.attname::text, _dunning.base_type(a.atttypid),
			trim('_' FROM regexp_replace(
				-- accents are marks of their own after decomposition; without them
				-- no locale is needed to know the lower case
				lower(CASE getdatabaseencoding() WHEN 'UTF8'
					THEN regexp_replace(normalize(a.attname::text, NFD), '[^\x01-\x7f]', '', 'g')
					ELSE a.attname::text END COLLATE "C"),
				'[^a-z0-9]+', '_', 'g')),
			a.attnum
		FROM pg_catalog.pg_attribute AS a
		WHERE a.attrelid = relation_columns.relation AND a.attnum > 0 AND NOT a.attisdropped
		ORDER BY a.attnum;
	END;
COMMENT ON FUNCTION _dunning.relation_columns(regclass) IS
	'The columns of a relation: name, type under domains, and the name in lower case without accents';

CREATE FUNCTION _dunning.is_kind(type oid, kind text) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN CASE kind
		WHEN 'any' THEN true
		WHEN 'date' THEN type IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
		WHEN 'number' THEN type IN ('numeric'::regtype, 'int2'::regtype, 'int4'::regtype, 'int8'::regtype,
			'float8'::regtype, 'money'::regtype)
		WHEN 'boolean' THEN type = 'bool'::regtype
		WHEN 'terms' THEN type IN ('dunning.payment_terms'::regtype, 'text'::regtype, 'varchar'::regtype)
		ELSE (SELECT t.typcategory IN ('S', 'E') FROM pg_catalog.pg_type AS t WHERE t.oid = is_kind.type) END;
COMMENT ON FUNCTION _dunning.is_kind(oid, text) IS 'Whether a column of a type can serve a field of a kind';

CREATE FUNCTION _dunning.has_index(relation regclass, column_name text) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN EXISTS (
		SELECT FROM pg_catalog.pg_index AS i
		JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
		WHERE i.indrelid = has_index.relation AND a.attname = has_index.column_name
			AND i.indisvalid AND i.indpred IS NULL AND pg_catalog.pg_index_has_property(i.indexrelid, 'index_scan'));
COMMENT ON FUNCTION _dunning.has_index(regclass, text) IS
	'Whether a column is the first of an index over all rows that leads to single rows, as BRIN does not';

CREATE FUNCTION _dunning.is_unique(relation regclass, column_name text) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN EXISTS (
		SELECT FROM pg_catalog.pg_index AS i
		JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
		WHERE i.indrelid = is_unique.relation AND a.attname = is_unique.column_name AND a.attnotnull
			AND i.indisunique AND i.indnkeyatts = 1 AND i.indisvalid AND i.indpred IS NULL);
COMMENT ON FUNCTION _dunning.is_unique(regclass, text) IS 'Whether a constraint or index keeps a column unique and without NULLs';

CREATE FUNCTION _dunning.partition_columns(relation regclass) RETURNS text[]
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN ARRAY(SELECT coalesce(a.attname::text, 'an expression') FROM pg_partitioned_table AS p CROSS
		JOIN LATERAL unnest(p.partattrs) WITH ORDINALITY AS k (attnum, n)
		LEFT JOIN pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = k.attnum AND k.attnum > 0
		WHERE p.partrelid = partition_columns.relation ORDER BY k.n);
COMMENT ON FUNCTION _dunning.partition_columns(regclass) IS 'The columns by which a table is partitioned; none if it is not';

-- Casts of a built-in type are the server's own; for any other type its owner
-- can define one, so that its text is that of the output function.
CREATE FUNCTION _dunning.is_built_in(relation regclass, column_name text) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT c.type < 16384::oid FROM _dunning.relation_columns(relation) AS c WHERE c.column_name = is_built_in.column_name);
COMMENT ON FUNCTION _dunning.is_built_in(regclass, text) IS
	'Whether the type of a column, under domains, came with the server; NULL if there is no such column';

-- Whoever reads a view reads what its query names; a table is read with the
-- tables that inherit from it, partitions among them.
CREATE FUNCTION _dunning.relations_under(relations oid[]) RETURNS SETOF oid
	LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 10
	BEGIN ATOMIC
		WITH RECURSIVE used AS (
			SELECT r.relation FROM unnest(relations_under.relations) AS r (relation)
			UNION
			SELECT n.relation
			FROM used AS u
			CROSS JOIN LATERAL (
				SELECT d.refobjid AS relation
				FROM pg_catalog.pg_rewrite AS w
				JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid
					AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> u.relation
				WHERE w.ev_class = u.relation AND w.ev_type = '1'
				UNION ALL
				SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = u.relation) AS n)
		SELECT c.oid FROM used AS u JOIN pg_catalog.pg_class AS c ON c.oid = u.relation;
	END;
COMMENT ON FUNCTION _dunning.relations_under(oid[]) IS 'Relations with all that is read with them: the tables behind views, partitions';

CREATE FUNCTION _dunning.reads_foreign(relation oid) RETURNS boolean
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN EXISTS (SELECT FROM _dunning.relations_under(ARRAY[relation]) AS u (relation) JOIN pg_class AS c ON c.oid = u.relation
		WHERE c.relkind = 'f');
COMMENT ON FUNCTION _dunning.reads_foreign(oid) IS 'Whether a relation is a foreign table, or reads one';
