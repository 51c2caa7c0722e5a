-- Creates the extension for all files that follow.
CREATE EXTENSION pg_dunning;

-- It lives in its own schema and stays there.
SELECT n.nspname, e.extrelocatable
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_dunning';
\set VERBOSITY sqlstate
ALTER EXTENSION pg_dunning SET SCHEMA public;

-- Every operator class is complete in the eyes of its access method.
SELECT c.opcname
FROM pg_catalog.pg_opclass c
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_opclass'::pg_catalog.regclass
	AND d.objid = c.oid AND d.deptype = 'e'
JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'pg_dunning'
WHERE NOT pg_catalog.amvalidate(c.oid);
