-- Who may do what: four levels of access, and the policies of our tables.

-- Whatever has the rows of a ledger.  Policies come with CREATE EXTENSION and are
-- in no dump; the rows that they read are.
DO $$
DECLARE
	t record;
	home text;
	what text;
BEGIN
	FOR t IN SELECT * FROM (VALUES
		('reminder', 'ledger', 'company'), ('claim', 'ledger', 'company'), ('run_problem', 'ledger', 'NULL::text'), ('run_log', 'ledger', 'NULL::text'),
		('hold', 'ledger', 'company'), ('assignment', 'ledger', 'company'), ('promise', 'ledger', 'company'), ('plan', 'ledger', 'company'), ('handover', 'ledger', 'company'), ('handover_return', 'ledger', 'company'),
		('contact', 'ledger', 'company'), ('archive', 'ledger', 'NULL::text'), ('insolvency', 'ledger', 'NULL::text'), ('customer_merge', 'ledger', 'NULL::text'), ('einvoice_log', 'ledger', 'company'), ('statement_load', 'ledger', 'company'),
		('payee', 'ledger', 'company'), ('recipient', 'ledger', 'nullif(company, '''')'), ('notice', 'ledger', 'company'), ('notice_reminder', 'ledger', 'company'),
		('plan_turn', 'ledger', 'nullif(company, '''')'))
		AS v (name, ledger, company)
	LOOP
		home := CASE WHEN t.name = 'plan_turn' THEN '_dunning' ELSE 'dunning' END;
		EXECUTE pg_catalog.format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', home, t.name);
		-- a run of all ledgers says nothing of any; a customer or a ledger is held in all its companies
		what := CASE WHEN t.name = 'run_log' THEN 'ledger IS NULL OR '
			WHEN t.name = 'insolvency' THEN _dunning.ledger_condition('ledger') || ' OR '
			WHEN t.name IN ('hold', 'assignment') THEN pg_catalog.format('item IS NULL AND %s OR ', _dunning.ledger_condition('ledger'))
			WHEN t.name IN ('promise', 'contact') THEN pg_catalog.format('items IS NULL AND %s OR ', _dunning.ledger_condition('ledger'))
			WHEN t.name IN ('statement_load', 'payee') THEN pg_catalog.format('company IS NULL AND %s OR ', _dunning.ledger_condition('ledger'))
			WHEN t.name = 'recipient' THEN pg_catalog.format('company = '''' AND %s OR ', _dunning.ledger_condition('ledger')) ELSE '' END;
		EXECUTE pg_catalog.format('CREATE POLICY see ON %I.%I FOR SELECT USING (%s)', home, t.name, what || _dunning.scope_condition(t.ledger, t.company));
		EXECUTE pg_catalog.format('CREATE POLICY add ON %I.%I FOR INSERT WITH CHECK (%s)', home, t.name, _dunning.scope_condition(t.ledger, t.company, true));
		EXECUTE pg_catalog.format('CREATE POLICY change ON %I.%I FOR UPDATE USING (%s)', home, t.name, _dunning.scope_condition(t.ledger, t.company, true));
		EXECUTE pg_catalog.format('CREATE POLICY remove ON %I.%I FOR DELETE USING (%s)', home, t.name, _dunning.scope_condition(t.ledger, t.company, true));
	END LOOP;
END
$$;

CREATE FUNCTION _dunning.access_rank(level text) RETURNS integer
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	rank CONSTANT integer := array_position(ARRAY['viewer', 'collector', 'runner', 'admin'], level);
BEGIN
	IF rank IS NULL THEN
		RAISE EXCEPTION 'there is no level of access "%"', coalesce(level, 'NULL')
			USING ERRCODE = 'invalid_parameter_value', HINT = 'The levels are viewer, collector, runner and admin; each may do what the ones before it may.';
	END IF;
	RETURN rank;
END
$$;
COMMENT ON FUNCTION _dunning.access_rank(text) IS 'The place of a level of access, from 1; error 22023 with the list for any other text';

-- A verb that is named nowhere is for admins.
CREATE FUNCTION _dunning.verb_rank(verb name) RETURNS integer
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE
		WHEN verb IN ('check_ledgers', 'detect_erp', 'health', 'ledger_problems', 'unseen_reminders', 'back_test', 'procedure_change', 'to_report_cashed', 'insolvency_claims',
			'promises', 'promises_due', 'plans', 'instalments_of_plans', 'my_day', 'top_customers', 'contact_log', 'notice_context', 'plan_confirmation') THEN 1
		WHEN verb IN ('contact_gaps', 'tonight_notices', 'process_figures') THEN 1
		WHEN verb IN ('payer_profile', 'warning_signs', 'call_list', 'case_file', 'case_page', 'statement', 'statement_page', 'dashboard', 'dashboard_context', 'make_report', 'publish_report', 'refresh_reports') THEN 1
		WHEN verb = 'why' THEN 1
		WHEN verb IN ('mark_reminder_sent', 'skip_reminder', 'cancel_reminder', 'approve_reminder', 'reject_reminder', 'set_claim_state', 'hold_item', 'hold_items', 'hold_customer', 'hold_ledger',
			'release_hold', 'release_holds', 'resolve_dispute', 'pay_held_amount', 'einvoice_event', 'insolvency', 'statements_loaded', 'write_off',
			'assign', 'end_assignment', 'note_absence', 'end_absence', 'promise_to_pay', 'withdraw_promise', 'agree_plan', 'cancel_plan',
			'hand_over', 'recall_handover', 'recall_item', 'note_handover_return', 'log_contact', 'cancel_contact', 'save_recipient') THEN 2
		WHEN verb IN ('notice_sent', 'notice_failed', 'notice_returned', 'notice_presented', 'withdraw_notice') THEN 2
		WHEN verb IN ('make_notices', 'take_notices', 'notice_files') THEN 3
		WHEN verb IN ('run', 'run_reminders', 'prune_runs', 'settle_reminders', 'claim_penalties', 'schedule_run', 'unschedule_run', 'undo_run', 'end_broken_plans') THEN 3
		WHEN verb IN ('grant_access', 'revoke_access', 'set_owner') THEN 5
		ELSE 4 END;
COMMENT ON FUNCTION _dunning.verb_rank(name) IS 'The place of the first level of access that may call a routine which everybody may not; 5: the owner alone';

-- A routine needs those internal ones that its text calls.
CREATE FUNCTION _dunning.access_grants(level text) RETURNS TABLE (privilege text, object text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE member AS MATERIALIZED (
		SELECT d.classid, d.objid
		FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
		WHERE e.extname = 'pg_dunning' AND d.deptype = 'e'
	), routine AS MATERIALIZED (
		SELECT p.oid, p.proname, p.pronamespace, p.provolatile,
			CASE WHEN p.prokind <> 'a' THEN coalesce(nullif(p.prosrc, ''), pg_get_function_sqlbody(p.oid)) END AS body
		FROM pg_proc AS p JOIN member AS m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
		WHERE p.prorettype <> 'trigger'::regtype
	), used AS (
		SELECT r.oid, r.body, r.provolatile FROM routine AS r
		WHERE r.pronamespace = 'dunning'::regnamespace AND r.provolatile = 'v' AND _dunning.verb_rank(r.proname) <= _dunning.access_rank(level)
		UNION
		SELECT r.oid, r.body, r.provolatile
		FROM used AS u
		-- a call, or the name of a routine as a literal
		CROSS JOIN LATERAL regexp_matches(u.body, '_dunning\.(\w+)(?=\(|'')', 'g') AS c
		JOIN routine AS r ON r.pronamespace = '_dunning'::regnamespace AND r.proname = c[1]
	)
	SELECT 'EXECUTE', format('ROUTINE %s', u.oid::regprocedure) FROM used AS u WHERE u.provolatile = 'v'
	UNION ALL
	SELECT 'SELECT', format('TABLE %s', c.oid::regclass)
	FROM pg_class AS c JOIN member AS m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
	WHERE c.relkind IN ('r', 'v') AND c.oid <> ALL ('{_dunning.statement_end,_dunning.touched,_dunning.agenda,_dunning.agenda_state,_dunning.run_item}'::regclass[]) AND (c.oid <> 'dunning.archive'::regclass OR _dunning.access_rank(level) >= 4)
	UNION ALL
	SELECT v.privilege, 'TABLE ' || v.name
	FROM (VALUES
		(2, 'UPDATE (state, approved_at, approved_by, sent_on, sent_at, presented_on, skipped_on, skipped_at, cancelled_on, cancelled_at, withdrawn, reason)', 'dunning.reminder'), (2, 'UPDATE (state, state_at, state_reason)', 'dunning.claim'),
		-- who noted it, and when, nobody says himself
		(2, 'INSERT (ledger, item, part, customer, company, reason, from_day, until_day, amount, currency, stops, then_do, interest_runs, interest_claimed, '
			'counts_as_overdue, note, source, external_id, category, person_in_charge, answer_due_on, expected_credit)', 'dunning.hold'),
		(2, 'UPDATE (until_day, expected_credit, credit_item, resolution, resolved_on, released_on, release_reason)', 'dunning.hold'),
		(2, 'INSERT (ledger, item, customer, class, company, kind, step, value, from_day, note)', 'dunning.assignment'), (2, 'UPDATE (ended_on, end_reason)', 'dunning.assignment'),
		(2, 'INSERT (owner, from_day, until_day, stand_in, note)', 'dunning.absence'), (2, 'UPDATE (ended_on, end_reason)', 'dunning.absence'),
		(2, 'INSERT (ledger, customer, items, company, currency, amount, needed, promised_on, promised_for, last_on, promised_by, note, source, external_id)', 'dunning.promise'),
		(2, 'UPDATE (holds, withdrawn_on, withdraw_reason)', 'dunning.promise'),
		(2, 'INSERT (ledger, customer, items, company, currency, amount, agreed_on, due_on, amounts, tolerance_days, agreed_by, note)', 'dunning.plan'),
		(2, 'UPDATE (holds, ended_on, ended_as, end_reason)', 'dunning.plan'),
		(2, 'INSERT (ledger, item, customer, company, kind, receiver, on_day, amount, currency, file_reference, note)', 'dunning.handover'),
		(2, 'UPDATE (ended_on, ended_as, end_reason)', 'dunning.handover'),
		(2, 'INSERT (ledger, customer, items, company, kind, direction, on_day, at_time, with_whom, by_whom, outcome, reason, note, next_on, next_time, source, external_id)', 'dunning.contact'),
		(2, 'UPDATE (reminders, promise, holds, plan, cancel_reason)', 'dunning.contact'),
		(2, 'INSERT (handover, ledger, item, company, on_day, amount, fee, currency, note)', 'dunning.handover_return'),
		(2, 'INSERT (ledger, item, part, company, code, on_day, reason_code, amount, currency, vat_rate, source, external_id, note, done, turn)', 'dunning.einvoice_log'),
		(2, 'UPDATE (done, hold, promise, message)', 'dunning.einvoice_log'),
		(2, 'INSERT (ledger, customer, judgment_on, published_on, abroad, note)', 'dunning.insolvency'), (2, 'UPDATE (published_on)', 'dunning.insolvency'),
		(2, 'INSERT (ledger, company, until_day, on_day, note)', 'dunning.statement_load'),
		(2, 'INSERT (ledger, customer, company, role, from_level, until_level, name, language, email, phone, address, valid_from, valid_until)', 'dunning.recipient'),
		(2, 'UPDATE (until_level, name, language, email, phone, address, valid_until)', 'dunning.recipient'),
		(2, 'UPDATE (state, ready_at, reason, sent_on, sent_at, deposit_number, presented_on, returned_on, return_reason)', 'dunning.notice'), (2, 'UPDATE (removed)', 'dunning.notice_reminder'),
		-- to lock the rows of a view takes the right to change one of its columns
		(2, 'UPDATE (state)', 'dunning.to_send'),
		-- a reminder is pending when it is raised
		(3, (SELECT format('INSERT (%s)', string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)) FROM pg_attribute AS a
			WHERE a.attrelid = 'dunning.reminder'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (
				'{reminder,raised_at,state,approved_at,approved_by,sent_on,sent_at,presented_on,skipped_on,skipped_at,cancelled_on,cancelled_at,withdrawn,reason}')), 'dunning.reminder'),
		(3, 'INSERT (run, ledger, item, part, kind, booking, from_day, to_day, amount, total, currency, state, state_at, state_reason, '
			'as_of, reason, customer, reference, due_on, professional, basis, rule, reminder, document, company)', 'dunning.claim'),
		(3, 'INSERT (as_of, ledger, kind, finished_at, refused)', 'dunning.run_log'),
		(3, 'UPDATE (finished_at, raised, cancelled, problems, booked, kind, from_day, note)', 'dunning.run_log'),
		(3, 'INSERT', 'dunning.run_problem'), (3, 'UPDATE (items)', 'dunning.run_problem'),
		(3, 'INSERT (key, ledger, customer, company, currency, payee, channel, level, step, step_channel, label, state, lacks, reason, recipient, recipient_name, email, phone, address, language)', 'dunning.notice'),
		(3, 'UPDATE', 'dunning.notice'), (3, 'INSERT', 'dunning.notice_reminder'),
		(3, 'DELETE', 'dunning.run_log'), (3, 'DELETE', 'dunning.run_problem'), (3, 'SELECT', '_dunning.run_item'), (3, 'INSERT', '_dunning.run_item'), (3, 'DELETE', '_dunning.run_item'), (2, 'INSERT', '_dunning.plan_turn'),
		-- who holds or releases something notes it for the run
		(2, 'INSERT', '_dunning.touched'), (3, 'SELECT', '_dunning.touched'), (3, 'DELETE', '_dunning.touched'),
		(3, 'SELECT', '_dunning.agenda'), (3, 'INSERT', '_dunning.agenda'), (3, 'UPDATE', '_dunning.agenda'), (3, 'DELETE', '_dunning.agenda'),
		(3, 'SELECT', '_dunning.agenda_state'), (3, 'INSERT', '_dunning.agenda_state'), (3, 'UPDATE (rules)', '_dunning.agenda_state'), (3, 'DELETE', '_dunning.agenda_state'),
		(4, 'INSERT (relation, number, ledger, fact, reason, keep_until)', 'dunning.archive'), (4, 'DELETE', 'dunning.archive'), (4, 'DELETE', 'dunning.notice_reminder'), (4, 'DELETE', 'dunning.recipient'), (4, 'UPDATE (note, person_in_charge)', 'dunning.hold'),
		(4, 'UPDATE (customer, customer_name, payer, payer_name, email, phone)', 'dunning.reminder'), (4, 'UPDATE (customer)', 'dunning.claim'),
		(4, 'UPDATE (customer, note)', 'dunning.handover'), (4, 'UPDATE (note)', 'dunning.handover_return'), (4, 'UPDATE (note)', 'dunning.einvoice_log'),
		(4, 'INSERT (ledger, from_customer, customer, on_day, note)', 'dunning.customer_merge'), (4, 'UPDATE (customer, moved)', 'dunning.customer_merge'),
		(4, 'INSERT', 'dunning.ledger_rule'), (4, 'UPDATE', 'dunning.ledger_rule'), (4, 'DELETE', 'dunning.ledger_rule'),
		(4, 'INSERT', 'dunning.ledger_setting'), (4, 'UPDATE', 'dunning.ledger_setting'), (4, 'DELETE', 'dunning.ledger_setting'),
		-- who decides where is paid to is an admin
		(4, 'INSERT', 'dunning.sender'), (4, 'UPDATE', 'dunning.sender'), (4, 'DELETE', 'dunning.sender'),
		(4, 'INSERT', 'dunning.attachment_source'), (4, 'UPDATE', 'dunning.attachment_source'), (4, 'DELETE', 'dunning.attachment_source'),
		(4, 'INSERT (ledger, company, customer, items, name, iban, bic, mention, notified_on)', 'dunning.payee'), (4, 'UPDATE (ended_on, ended_at, ended_by, end_reason)', 'dunning.payee'),
		(4, 'INSERT', 'dunning.tolerance'), (4, 'UPDATE', 'dunning.tolerance'), (4, 'DELETE', 'dunning.tolerance')) AS v (rank, privilege, name)
	WHERE v.rank <= _dunning.access_rank(level)
	UNION ALL
	-- what dunning.forget_customer takes from its table; the triggers of the facts refuse any other row
	SELECT 'DELETE', format('TABLE %s', c.oid::regclass)
	FROM pg_class AS c JOIN member AS m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
	WHERE c.relkind = 'r' AND _dunning.access_rank(level) >= 4 AND c.relname <> ALL ('{archive,reminder,claim,handover,handover_return,einvoice_log}'::name[])
		AND EXISTS (SELECT FROM pg_trigger AS k WHERE k.tgrelid = c.oid AND k.tgname = 'keep_row')
		AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname IN ('customer', 'item', 'items'))
	UNION ALL
	-- whose key changed
	SELECT 'UPDATE (customer)', format('TABLE %s', c.oid::regclass)
	FROM pg_class AS c JOIN member AS m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
	WHERE c.relkind = 'r' AND _dunning.access_rank(level) >= 4
		AND c.relname = ANY ('{hold,assignment,promise,plan,contact,recipient,insolvency,payee}'::name[])
	UNION ALL
	-- whatever comes with rows of ours takes rows of the user's own
	SELECT p.privilege, format('TABLE %s', c.oid::regclass)
	FROM pg_class AS c
	JOIN member AS m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid
	JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'shipped' AND NOT a.attisdropped
	CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS p (privilege)
	WHERE c.relkind = 'r' AND _dunning.access_rank(level) >= 4
$$;
COMMENT ON FUNCTION _dunning.access_grants(text) IS 'What a level of access is granted: each privilege, and on what';

CREATE FUNCTION _dunning.need_granter(role name) RETURNS regrole
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	owner CONSTANT oid := (SELECT c.relowner FROM pg_class AS c WHERE c.oid = 'dunning.open_item'::regclass);
	grantee regrole;
BEGIN
	IF NOT pg_has_role(owner, 'USAGE') THEN
		RAISE EXCEPTION 'role "%" may not grant access', current_user
			USING ERRCODE = 'insufficient_privilege', HINT = format('That is for role "%s", which owns pg_dunning.', pg_get_userbyid(owner));
	END IF;
	SELECT r.oid INTO grantee FROM pg_roles AS r WHERE r.rolname = need_granter.role;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'role "%" does not exist', coalesce(role, 'NULL')
			USING ERRCODE = 'undefined_object', HINT = format('CREATE ROLE %I.', coalesce(role, '...'));
	END IF;
	RETURN grantee;
END
$$;
COMMENT ON FUNCTION _dunning.need_granter(name) IS 'A role by its name, for who may grant; error 42501 for anybody else, 42704 if there is no such role';

-- A ledger is read with the rights of who reads.
CREATE FUNCTION _dunning.lacking(role regrole) RETURNS TABLE (ledger name, needs text, why text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT l.ledger, g.needs, format('it reads %s', c.oid::regclass)
	FROM dunning.ledger AS l
	CROSS JOIN LATERAL _dunning.relations_read(_dunning.ledger_relations(l.ledger), lacking.role) AS r
	JOIN pg_class AS c ON c.oid = r.relation
	CROSS JOIN LATERAL (
		SELECT format('GRANT USAGE ON SCHEMA %s TO %s', c.relnamespace::regnamespace, lacking.role) AS needs
		WHERE NOT has_schema_privilege(lacking.role, c.relnamespace, 'USAGE')
		UNION ALL
		SELECT format('GRANT SELECT ON %s TO %s', c.oid::regclass, lacking.role)
		WHERE NOT has_any_column_privilege(lacking.role, c.oid, 'SELECT')) AS g
	WHERE r.role = lacking.role
	ORDER BY l.ledger, g.needs DESC
$$;
COMMENT ON FUNCTION _dunning.lacking(regrole) IS 'The GRANTs on tables of the ERPs that a role lacks to read the ledgers';

CREATE TYPE dunning.access_gap AS ( --: What keeps a role from reading a ledger
	ledger name, --: Ledger that it cannot read
	needs text, --: The GRANT that it lacks; NULL: row-level security hides rows from it
	why text --: What is missing
);

CREATE FUNCTION dunning.grant_access(role name, level text, ledger name DEFAULT NULL, company text DEFAULT NULL)
	RETURNS SETOF dunning.access_gap
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	rank CONSTANT integer := _dunning.access_rank(level);
	grantee CONSTANT regrole := _dunning.need_granter(role);
	owner CONSTANT regrole := (SELECT c.relowner FROM pg_class AS c WHERE c.oid = 'dunning.open_item'::regclass);
	g record;
BEGIN
	IF rank > 2 AND (grant_access.ledger IS NOT NULL OR company IS NOT NULL) THEN
		RAISE EXCEPTION 'the level "%" cannot be limited to a ledger or company', level
			USING ERRCODE = 'invalid_parameter_value', HINT = 'A run has to see all reminders and claims. Levels that can be limited are viewer and collector.';
	END IF;
	IF grant_access.ledger IS NOT NULL AND NOT EXISTS (SELECT FROM dunning.ledger AS l WHERE l.ledger = grant_access.ledger) THEN
		RAISE EXCEPTION 'ledger "%" does not exist', grant_access.ledger
			USING ERRCODE = 'undefined_object', HINT = 'SELECT ledger FROM dunning.ledger lists them.';
	END IF;
	-- two at once would change the same privileges
	LOCK TABLE dunning.access IN SHARE ROW EXCLUSIVE MODE;
	INSERT INTO dunning.access (role, level, ledger, company)
	VALUES (grantee, grant_access.level, grant_access.ledger, grant_access.company)
	ON CONFLICT DO NOTHING;
	FOR g IN SELECT * FROM _dunning.access_grants(level) LOOP
		EXECUTE format('GRANT %s ON %s TO %s', g.privilege, g.object, grantee);
	END LOOP;
	RETURN QUERY SELECT w.ledger, w.needs, w.why FROM _dunning.lacking(grantee) AS w
		WHERE grant_access.ledger IS NULL OR w.ledger = grant_access.ledger;
	-- the ERP's policies are not those of our tables
	IF company IS NULL AND rank <= 2 THEN
		RETURN QUERY SELECT l.ledger, NULL::text,
				format('%s; of these rows it sees the reminders and claims all the same, unless it is limited to a company', h.problem)
			FROM dunning.ledger AS l CROSS JOIN LATERAL _dunning.hiding_problem(_dunning.ledger_relations(l.ledger), grantee) AS h (problem)
			WHERE l.ledger = coalesce(grant_access.ledger, l.ledger) AND l.state = 'adopted' AND h.problem IS NOT NULL
			ORDER BY l.ledger;
	END IF;
	IF rank = 4 AND NOT pg_has_role(grantee, owner, 'USAGE') THEN
		-- nobody should become a superuser for that
		RETURN QUERY SELECT NULL::name, CASE WHEN NOT r.rolsuper THEN format('GRANT %s TO %s', owner, grantee) END,
			format('only role "%s", which owns pg_dunning, can adopt and release', r.rolname)
			FROM pg_roles AS r WHERE r.oid = owner;
	END IF;
END
$$;
COMMENT ON FUNCTION dunning.grant_access(name, text, name, text) IS
	'Grants a role a level of access: viewer, collector, runner or admin, each with the ones before it. A viewer or collector can be limited to a ledger, a company or both. It returns the GRANTs on tables of the ERP that the role still lacks, and the ledgers that hide rows from it';

CREATE FUNCTION dunning.revoke_access(role name, level text, ledger name DEFAULT NULL, company text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	rank CONSTANT integer := _dunning.access_rank(level);
	grantee CONSTANT regrole := _dunning.need_granter(role);
	g record;
BEGIN
	LOCK TABLE dunning.access IN SHARE ROW EXCLUSIVE MODE;
	DELETE FROM dunning.access AS a
	WHERE a.role = grantee AND a.level = revoke_access.level AND (revoke_access.ledger IS NULL AND revoke_access.company IS NULL
		OR a.ledger IS NOT DISTINCT FROM revoke_access.ledger AND a.company IS NOT DISTINCT FROM revoke_access.company);
	IF NOT FOUND THEN
		RAISE EXCEPTION 'role "%" does not have this access', role
			USING ERRCODE = 'undefined_object', HINT = format('SELECT * FROM dunning.access WHERE role = %L::regrole lists what it has.', grantee);
	END IF;
	IF EXISTS (SELECT FROM dunning.access AS a WHERE a.role = grantee AND _dunning.access_rank(a.level) >= rank) THEN
		RETURN;
	END IF;
	FOR g IN SELECT * FROM _dunning.access_grants(level) LOOP
		EXECUTE format('REVOKE %s ON %s FROM %s', g.privilege, g.object, grantee);
	END LOOP;
	FOR g IN SELECT r.*
		FROM (SELECT a.level FROM dunning.access AS a WHERE a.role = grantee ORDER BY _dunning.access_rank(a.level) DESC LIMIT 1) AS h
		CROSS JOIN LATERAL _dunning.access_grants(h.level) AS r
	LOOP
		EXECUTE format('GRANT %s ON %s TO %s', g.privilege, g.object, grantee);
	END LOOP;
END
$$;
COMMENT ON FUNCTION dunning.revoke_access(name, text, name, text) IS
	'Takes a level of access back from a role: of one ledger, of one company, or wholly if neither is given. Lower levels and other privileges of the role stay';

-- The owner of a database who is no superuser: of what he needs to adopt ledgers and to
-- restore a dump, and of no function on values and no trigger, which others call, too.
CREATE FUNCTION dunning.set_owner(role name) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $$
DECLARE
	new_owner CONSTANT regrole := (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = set_owner.role);
	former CONSTANT regrole := (SELECT r.oid FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner
		WHERE c.oid = 'dunning.open_item'::regclass AND NOT r.rolsuper);
	o record;
BEGIN
	IF NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user) THEN
		RAISE EXCEPTION 'only a superuser can hand pg_dunning over' USING ERRCODE = 'insufficient_privilege';
	END IF;
	IF new_owner IS NULL THEN
		RAISE EXCEPTION 'role "%" does not exist', coalesce(role, 'NULL')
			USING ERRCODE = 'undefined_object', HINT = format('CREATE ROLE %I.', coalesce(role, '...'));
	END IF;
	FOR o IN
		-- sequences follow their tables
		SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, c.oid::regclass::text AS name
		FROM pg_class AS c WHERE c.relnamespace IN ('dunning'::regnamespace, '_dunning'::regnamespace) AND c.relkind IN ('r', 'v')
			-- its trigger is fired as whoever writes a table of the ERP
			AND c.oid <> '_dunning.statement_end'::regclass
		UNION ALL
		-- what an adoption makes anew, and what writes, so that he can grant it
		SELECT 'ROUTINE', p.oid::regprocedure::text FROM pg_proc AS p
		WHERE p.oid IN ('dunning.open_items()'::regprocedure, 'dunning.open_items(date)'::regprocedure, 'dunning.ledger_items(date)'::regprocedure, '_dunning.whole_items(date)'::regprocedure)
			OR p.pronamespace = '_dunning'::regnamespace AND p.proname ~ '^ledger_(items|whole)_[0-9]+$'
			OR p.pronamespace IN ('dunning'::regnamespace, '_dunning'::regnamespace) AND p.provolatile = 'v' AND p.prorettype <> 'trigger'::regtype
				AND p.proname <> 'set_owner'
		ORDER BY 1, 2
	LOOP
		EXECUTE format('ALTER %s %s OWNER TO %s', o.kind, o.name, new_owner);
	END LOOP;
	EXECUTE format('GRANT USAGE, CREATE ON SCHEMA dunning, _dunning TO %s', new_owner);
	EXECUTE format('GRANT EXECUTE ON FUNCTION _dunning.watch() TO %s', new_owner);
	-- the former one has no more than anybody else
	IF former <> new_owner THEN
		EXECUTE format('REVOKE ALL ON SCHEMA dunning, _dunning FROM %s', former);
		EXECUTE format('REVOKE ALL ON FUNCTION _dunning.watch() FROM %s', former);
	END IF;
END
$$;
COMMENT ON FUNCTION dunning.set_owner(name) IS
	'Hands the tables and views of pg_dunning, and the functions that read and write ledgers, to a role that is no superuser. That role can then adopt ledgers, grant access and restore a dump. Functions on values keep their owner. Only a superuser may call it';
