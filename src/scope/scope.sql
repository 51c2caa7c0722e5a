-- Who sees which rows of our own tables: what the policies and the runs ask.

CREATE TABLE dunning.access ( --: Which role has which level of access, and to which rows: written by dunning.grant_access and dunning.revoke_access only. A role sees the rows of the roles that it is a member of; a role without a row is not restricted
	role regrole NOT NULL, --: The role
	level text NOT NULL CHECK (level IN ('viewer', 'collector', 'runner', 'admin')), --: viewer, collector, runner or admin: each may do what the ones before it may
	ledger name, --: The only ledger whose rows it sees; NULL: of all ledgers
	company text, --: The only company whose rows it sees; NULL: of all companies
	granted_at timestamptz NOT NULL DEFAULT now(), --: When it was granted
	granted_by name NOT NULL DEFAULT session_user, --: Who granted it
	UNIQUE NULLS NOT DISTINCT (role, level, ledger, company),
	CHECK (level IN ('viewer', 'collector') OR ledger IS NULL AND company IS NULL)
);
SELECT pg_catalog.pg_extension_config_dump('dunning.access', '');

-- The policies are evaluated as whoever reads, so everybody may read the table,
-- and of it the rows of his own roles.
ALTER TABLE dunning.access ENABLE ROW LEVEL SECURITY;
CREATE POLICY see ON dunning.access FOR SELECT USING (pg_catalog.pg_has_role(role, 'USAGE'));
GRANT SELECT ON dunning.access TO PUBLIC;

-- Whoever may bypass the policies of dunning.access bypasses those of all our
-- tables: a superuser, the owner, a role with BYPASSRLS.
CREATE FUNCTION _dunning.sees_all(change boolean DEFAULT false) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	BEGIN ATOMIC
		SELECT NOT pg_catalog.row_security_active('dunning.access'::regclass)
			OR coalesce((SELECT bool_or(a.ledger IS NULL AND a.company IS NULL AND (a.level <> 'viewer' OR NOT sees_all.change))
				FROM dunning.access AS a WHERE pg_catalog.pg_has_role(a.role, 'USAGE')), true);
	END;
COMMENT ON FUNCTION _dunning.sees_all(boolean) IS
	'Whether the current user sees, or may change, all rows of our tables: no row of dunning.access is his, or one is without a ledger and a company';

-- No two pairs have the same key, whatever characters are in the names.
CREATE FUNCTION _dunning.scope_key(ledger name, company text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN coalesce(pg_catalog.octet_length(ledger::text)::text || '=' || ledger::text, '') || '/' || coalesce('=' || company, '');
COMMENT ON FUNCTION _dunning.scope_key(name, text) IS 'A ledger and a company, of which NULL stands for all, as one text';

CREATE FUNCTION _dunning.scopes(change boolean DEFAULT false) RETURNS text[]
	LANGUAGE sql STABLE PARALLEL SAFE
	BEGIN ATOMIC
		SELECT array_agg(_dunning.scope_key(a.ledger, a.company)) FROM dunning.access AS a
		WHERE pg_catalog.pg_has_role(a.role, 'USAGE') AND (a.level <> 'viewer' OR NOT scopes.change);
	END;
COMMENT ON FUNCTION _dunning.scopes(boolean) IS 'The keys of the ledgers and companies whose rows the current user sees, or may change, if he does not see all';

-- What holds a customer or a ledger bears on rows of every company, and is seen by
-- who sees any of them.
CREATE FUNCTION _dunning.scope_ledgers() RETURNS text[]
	LANGUAGE sql STABLE PARALLEL SAFE
	BEGIN ATOMIC
		SELECT array_agg(_dunning.scope_key(a.ledger, NULL)) FROM dunning.access AS a WHERE pg_catalog.pg_has_role(a.role, 'USAGE');
	END;
COMMENT ON FUNCTION _dunning.scope_ledgers() IS 'The keys, without a company, of the ledgers of which the current user sees some rows, if he does not see all';

CREATE FUNCTION _dunning.ledger_condition(ledger text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('((SELECT _dunning.sees_all()) OR ARRAY[_dunning.scope_key(%s, NULL), _dunning.scope_key(NULL, NULL)] && (SELECT _dunning.scope_ledgers()))', ledger);
COMMENT ON FUNCTION _dunning.ledger_condition(text) IS 'The condition that the current user sees some rows of a ledger, from the expression of its name';

-- The functions in a condition are called once a query and not once a row.
CREATE FUNCTION _dunning.scope_condition(ledger text, company text, change boolean DEFAULT false) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format('((SELECT _dunning.sees_all(%3$L)) '
		'OR ARRAY[_dunning.scope_key(%1$s, NULL), _dunning.scope_key(NULL, %2$s), _dunning.scope_key(%1$s, %2$s)] && (SELECT _dunning.scopes(%3$L)))',
		ledger, company, change);
COMMENT ON FUNCTION _dunning.scope_condition(text, text, boolean) IS
	'The condition that the current user sees, or may change, a row, from the expressions of its ledger and its company';

-- A fact that is hidden would be taken for one that is not there: a level would
-- be raised twice, an amount booked twice.
CREATE FUNCTION _dunning.need_all_facts(changes boolean DEFAULT true) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	hidden regclass;
BEGIN
	SELECT c.oid INTO hidden
	FROM pg_class AS c
	WHERE c.relnamespace IN ('dunning'::regnamespace, '_dunning'::regnamespace) AND c.relkind = 'r' AND c.relrowsecurity
		-- no run reads who has access, what was archived, or who agrees a plan
		AND c.relname NOT IN ('access', 'archive', 'plan_turn') AND row_security_active(c.oid)
		AND (NOT _dunning.sees_all() OR changes AND NOT _dunning.sees_all(true)
			OR NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'see')
			OR EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND NOT p.polpermissive
				AND EXISTS (SELECT FROM unnest(p.polroles) AS r WHERE r = 0 OR pg_has_role(r, 'USAGE'))))
	ORDER BY c.oid::regclass::text COLLATE "C" LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'role "%" does not see all rows of the tables of pg_dunning', current_user
			USING ERRCODE = 'insufficient_privilege',
				DETAIL = format('Row-level security on %s hides rows from it%s.', hidden, CASE WHEN changes THEN ' or keeps it from changing them' ELSE '' END),
				HINT = format('Let a role do it that sees all, such as one after SELECT * FROM dunning.grant_access(%L, %L), without a ledger and a company.', current_user, CASE WHEN changes THEN 'runner' ELSE 'viewer' END);
	END IF;
END
$$;
COMMENT ON FUNCTION _dunning.need_all_facts(boolean) IS
	'Error 42501 if row-level security hides rows of our own tables from the current user, or, if he changes some, keeps him from changing them';
