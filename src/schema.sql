-- A schema that is there already is taken only from one whom there is nothing to
-- fear from: a schema of another, who is no superuser, could be renamed by him
-- and replaced by one with functions of his own, which jobs and triggers would
-- then run; who may create in it could put functions beside ours; and whatever
-- stands in it is somebody's, who could still change it.  Nothing is taken away
-- from anybody unasked.
DO $$
DECLARE
	s record;
	what text;
BEGIN
	SELECT n.oid, n.nspowner, n.nspacl, o.rolname AS owner, o.rolsuper INTO STRICT s
	FROM pg_catalog.pg_namespace AS n JOIN pg_catalog.pg_roles AS o ON o.oid OPERATOR(pg_catalog.=) n.nspowner
	WHERE n.nspname OPERATOR(pg_catalog.=) 'dunning'::pg_catalog.name;
	IF s.owner OPERATOR(pg_catalog.<>) CURRENT_USER AND NOT s.rolsuper THEN
		RAISE EXCEPTION 'schema "dunning" belongs to "%"', s.owner
			USING ERRCODE = 'insufficient_privilege', DETAIL = 'Its owner could put functions of his own in the place of those of pg_dunning.',
				HINT = 'ALTER SCHEMA dunning RENAME TO another name, or ALTER SCHEMA dunning OWNER TO CURRENT_USER if it is empty and nobody needs it.';
	END IF;
	SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END INTO what
	FROM pg_catalog.aclexplode(s.nspacl) AS a LEFT JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) a.grantee
	WHERE a.privilege_type OPERATOR(pg_catalog.=) 'CREATE' AND a.grantee OPERATOR(pg_catalog.<>) s.nspowner AND r.rolsuper IS NOT TRUE
	ORDER BY a.grantee LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION '% may create objects in schema "dunning"', what
			USING ERRCODE = 'insufficient_privilege', DETAIL = 'Functions of others beside those of pg_dunning could be called in their place.',
				HINT = pg_catalog.format('CREATE SCHEMA IF NOT EXISTS dunning; '
					'REVOKE CREATE ON SCHEMA dunning FROM %s; then create the extension again.', what);
	END IF;
	SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) INTO what
	FROM pg_catalog.pg_depend AS d
	WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.=) s.oid
		AND d.deptype OPERATOR(pg_catalog.=) 'n'
		AND NOT (d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
			AND d.objid OPERATOR(pg_catalog.=) (SELECT e.oid FROM pg_catalog.pg_extension AS e
				WHERE e.extname OPERATOR(pg_catalog.=) 'pg_dunning'::pg_catalog.name))
	ORDER BY d.classid, d.objid LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'schema "dunning" is not empty'
			USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = pg_catalog.format('There is: %s.', what),
				HINT = 'ALTER SCHEMA dunning RENAME TO another name, or drop what is in it: \dx and \d dunning.* show it.';
	END IF;
END
$$;

-- The schema is made by CREATE EXTENSION from the control file.  Values and
-- computations are for everybody; tables and views are granted by the DBA.
COMMENT ON SCHEMA dunning IS 'pg_dunning: follow-up of unpaid invoices';
GRANT USAGE ON SCHEMA dunning TO PUBLIC;

-- Whoever calls a function of the extension needs to find what its body names, so
-- everybody may look into this schema; only the extension's owner creates in it.
-- Default privileges may give others CREATE on a new schema: on this one they get none.
DO $$
DECLARE
	grantee text;
BEGIN
	IF EXISTS (SELECT FROM pg_catalog.pg_namespace AS n WHERE n.nspname OPERATOR(pg_catalog.=) '_dunning'::pg_catalog.name) THEN
		RAISE EXCEPTION 'schema "_dunning" exists already'
			USING ERRCODE = 'duplicate_schema', DETAIL = 'pg_dunning makes it for its internals.',
				HINT = 'ALTER SCHEMA _dunning RENAME TO another name, or DROP SCHEMA _dunning if nobody needs what is in it.';
	END IF;
	CREATE SCHEMA _dunning;
	FOR grantee IN
		SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END
		FROM pg_catalog.pg_namespace AS n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS a
		LEFT JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) a.grantee
		WHERE n.nspname OPERATOR(pg_catalog.=) '_dunning'::pg_catalog.name
			AND a.privilege_type OPERATOR(pg_catalog.=) 'CREATE' AND a.grantee OPERATOR(pg_catalog.<>) n.nspowner
	LOOP
		EXECUTE pg_catalog.format('REVOKE CREATE ON SCHEMA _dunning FROM %s', grantee);
	END LOOP;
END
$$;
COMMENT ON SCHEMA _dunning IS 'Internals of pg_dunning: nothing in it is to be relied on';
GRANT USAGE ON SCHEMA _dunning TO PUBLIC;
