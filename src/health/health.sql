-- What a DBA asks every morning.  Each part is a function of its own, so that one
-- that fails does not hide the others.

CREATE TYPE _dunning.finding AS ( --: One finding of dunning.health
	severity text, --: ok, notice, warning or error
	topic text, --: What it is about
	ledger name, --: Ledger that it is about; NULL: all, or none
	finding text, --: What was found
	what_to_do text --: What to do about it
);

CREATE FUNCTION _dunning.run_is_scheduled() RETURNS boolean
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	answer boolean := false;
BEGIN
	-- pg_cron shows each role its own jobs
	IF to_regclass('cron.job') IS NOT NULL AND has_table_privilege('cron.job', 'SELECT') THEN
		EXECUTE 'SELECT EXISTS (SELECT FROM cron.job AS j WHERE j.command ~* ''dunning\.run'' AND j.database = current_database() AND j.active)' INTO answer;
	END IF;
	RETURN answer;
END
$$;
COMMENT ON FUNCTION _dunning.run_is_scheduled() IS 'Whether pg_cron has a job for the run that the current user sees';

-- A run is expected on the days of the week on which runs began in the four weeks
-- before the last one, by an hour after the latest of their times; if there are
-- fewer than three such days and pg_cron has a job, on each working day.
CREATE FUNCTION _dunning.run_expected_since() RETURNS timestamp
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	WITH zone AS MATERIALIZED (
		SELECT _dunning.business_zone() AS name
	), began AS MATERIALIZED (
		SELECT t.at::date AS day, min(t.at) - date_trunc('day', min(t.at)) AS at
		FROM dunning.run_log AS g CROSS JOIN zone AS z CROSS JOIN LATERAL (SELECT g.started_at AT TIME ZONE z.name AS at) AS t
		WHERE g.kind = 'reminders' AND g.refused IS NULL AND g.finished_at IS NOT NULL
		GROUP BY t.at::date
	), lately AS MATERIALIZED (
		SELECT b.* FROM began AS b WHERE b.day > (SELECT max(l.day) FROM began AS l) - 28
	), usual AS (
		SELECT max(l.day) AS last_day, count(*) >= 3 AS daily, array_agg(DISTINCT extract(isodow FROM l.day)) AS days,
			max(l.at) + interval '1 hour' AS at
		FROM lately AS l
	)
	SELECT min(d.day + CASE WHEN u.daily THEN u.at ELSE interval '1 day' END)
	FROM usual AS u CROSS JOIN zone AS z
	CROSS JOIN LATERAL generate_series(u.last_day + 1, (now() AT TIME ZONE z.name)::date, interval '1 day') AS d (day)
	WHERE (u.daily OR _dunning.run_is_scheduled())
		AND CASE WHEN u.daily THEN extract(isodow FROM d.day) = ANY (u.days) ELSE extract(isodow FROM d.day) < 6 END
		AND d.day + CASE WHEN u.daily THEN u.at ELSE interval '1 day' END < now() AT TIME ZONE z.name
$$;
COMMENT ON FUNCTION _dunning.run_expected_since() IS
	'When the first run should have begun that is missing, in the time zone of the business; NULL if none is, or if nobody can say';

CREATE FUNCTION _dunning.health_runs(pending_days integer) RETURNS SETOF _dunning.finding
	LANGUAGE sql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
	WITH last AS MATERIALIZED (
		SELECT DISTINCT ON (g.kind) g.* FROM dunning.run_log AS g WHERE g.refused IS NULL ORDER BY g.kind, g.run DESC
	)
	SELECT 'notice', 'ledger', NULL::name, 'no ledger is adopted', 'SELECT * FROM dunning.adopt_erp(), or dunning.adopt(''table'').'
	WHERE NOT EXISTS (SELECT FROM dunning.ledger)
	UNION ALL
	SELECT CASE WHEN _dunning.run_is_scheduled() THEN 'warning' ELSE 'notice' END, 'run', NULL, 'there was no run yet',
		CASE WHEN _dunning.run_is_scheduled() THEN 'See cron.job_run_details, or CALL dunning.run().' ELSE 'CALL dunning.run(), and every night: SELECT dunning.schedule_run().' END
	WHERE EXISTS (SELECT FROM dunning.ledger) AND NOT EXISTS (SELECT FROM last AS l WHERE l.kind = 'reminders')
	UNION ALL
	SELECT 'error', 'run', NULL, format('a run is missing since %s; the last one began on %s', to_char(e.since, 'YYYY-MM-DD HH24:MI'),
			(SELECT to_char(max(g.started_at), 'YYYY-MM-DD HH24:MI') FROM dunning.run_log AS g
				WHERE g.kind = 'reminders' AND g.refused IS NULL AND g.finished_at IS NOT NULL)),
		'See the log of the scheduler, then CALL dunning.run().'
	FROM _dunning.run_expected_since() AS e (since) WHERE e.since IS NOT NULL AND EXISTS (SELECT FROM dunning.ledger)
	UNION ALL
	SELECT 'warning', 'run', l.ledger, format('run %s, which began on %s, was interrupted', l.run, to_char(l.started_at, 'YYYY-MM-DD HH24:MI')),
		format('CALL dunning.run(%s) completes it.', concat_ws(', ', quote_literal(l.as_of), 'ledger => ' || quote_literal(l.ledger)))
	FROM last AS l
	WHERE l.finished_at IS NULL AND NOT EXISTS (SELECT FROM dunning.run_holder(l.kind) AS h WHERE h.run = l.run OR h.pid = l.pid)
	UNION ALL
	SELECT 'warning', 'run', NULL, format('%s were refused%s, the last at %s; it was working: %s',
			CASE g.kind WHEN 'claims' THEN count(*) || ' booking(s) of claims' ELSE count(*) || ' run(s)' END,
			CASE WHEN l.kind IS NOT NULL THEN ' since the last one' END,
			to_char(max(g.started_at), 'YYYY-MM-DD HH24:MI'), (array_agg(g.refused ORDER BY g.run DESC))[1]),
		format('SELECT * FROM dunning.run_holder(%L) says whether it still is.', g.kind)
	FROM dunning.run_log AS g LEFT JOIN last AS l ON l.kind = g.kind
	WHERE g.refused IS NOT NULL AND g.run > coalesce(l.run, 0)
	GROUP BY g.kind, l.kind
$$;
COMMENT ON FUNCTION _dunning.health_runs(integer) IS 'Part of dunning.health: runs that are missing, were interrupted or refused';

CREATE FUNCTION _dunning.health_pending(pending_days integer) RETURNS SETOF _dunning.finding
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
	SELECT 'warning', 'pending', r.ledger, format('%s reminder(s) are pending for more than %s day(s), the oldest since %s',
			count(*), pending_days, to_char(min(r.raised_on), 'YYYY-MM-DD')),
		format('Send what SELECT * FROM dunning.to_send WHERE ledger = %L lists, or skip it with a reason.', r.ledger)
	FROM dunning.reminder AS r
	WHERE r.state = 'pending' AND r.raised_on < _dunning.real_day() - pending_days
	GROUP BY r.ledger ORDER BY r.ledger
$$;
COMMENT ON FUNCTION _dunning.health_pending(integer) IS 'Part of dunning.health: reminders that are pending for too long';

CREATE FUNCTION _dunning.health_rates(pending_days integer) RETURNS SETOF _dunning.finding
	LANGUAGE sql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN m.needed_by <= _dunning.real_day() THEN 'error' ELSE 'warning' END, 'rate', l.ledger,
		_dunning.missing_rate_text(m.series, m.rules, m.needed_by), _dunning.missing_rate_cure(m.series, m.rules, m.needed_by)
	FROM dunning.missing_rates(_dunning.real_day() + 30) AS m
	CROSS JOIN LATERAL unnest(m.ledgers) AS l (ledger)
	ORDER BY m.series COLLATE "C", m.rules COLLATE "C", l.ledger
$$;
COMMENT ON FUNCTION _dunning.health_rates(integer) IS 'Part of dunning.health: rates of the ledgers that are missing, or will be within 30 days';

CREATE FUNCTION _dunning.health_ledgers(pending_days integer) RETURNS SETOF _dunning.finding
	LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN c.ok THEN 'warning' WHEN c.problem ^@ 'released on ' THEN 'notice' ELSE 'error' END,
		CASE WHEN c.problem ^@ 'released on ' AND NOT c.ok THEN 'released' ELSE 'ledger' END, c.ledger, c.problem, c.hint
	FROM dunning.check_ledgers() AS c WHERE c.ok IS NOT TRUE OR c.problem <> ''
$$;
COMMENT ON FUNCTION _dunning.health_ledgers(integer) IS 'Part of dunning.health: ledgers that are broken, hidden, changed, or released to be adopted again';

-- Of each ledger the last run counts that worked on it.
CREATE FUNCTION _dunning.health_problems(pending_days integer) RETURNS SETOF _dunning.finding
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
	SELECT CASE WHEN p.topic = '' AND p.item = '' THEN 'error' ELSE 'warning' END,
		CASE WHEN p.topic = '' THEN CASE g.kind WHEN 'claims' THEN 'claims' ELSE 'run' END WHEN p.topic ^@ 'statements' THEN 'statements' ELSE 'rate' END, p.ledger,
		format('run %s of %s ', g.run, to_char(g.as_of, 'YYYY-MM-DD'))
			|| CASE WHEN p.topic = '' AND p.item = '' THEN 'set the ledger aside: ' WHEN p.topic = '' THEN format('set %s item(s) aside, such as %s: ', count(*), min(p.item::text))
				ELSE format('noted of %s item(s): ', sum(p.items)) END || min(p.message),
		CASE WHEN p.topic ^@ 'rule ' THEN 'Insert the rate into dunning.reference_rate, or into the rule if it has rates of its own.'
			WHEN p.topic ^@ 'statements' THEN format('Load the statements, then SELECT dunning.statements_loaded(%L, until_day%s).', p.ledger, ', ' || quote_literal(nullif(substr(p.topic, 12), '')))
			ELSE format('SELECT * FROM dunning.run_problem WHERE run = %s AND ledger = %L', g.run, p.ledger)
				|| CASE WHEN bool_or(p.message = 'the due date is missing')
					THEN format('; why a due date is missing: SELECT * FROM dunning.ledger_problems(%L) WHERE problem = ''no due date''', p.ledger) ELSE '' END END
	FROM dunning.run_problem AS p JOIN dunning.run_log AS g ON g.run = p.run
	WHERE p.topic <> 'unseen' AND p.topic !~ '^rate ' AND EXISTS (SELECT FROM dunning.ledger AS l WHERE l.ledger = p.ledger)
		AND NOT EXISTS (SELECT FROM dunning.run_log AS n
			WHERE n.run > g.run AND n.kind = g.kind AND n.refused IS NULL AND n.finished_at IS NOT NULL
				AND (n.ledger IS NULL OR n.ledger = p.ledger))
	GROUP BY g.run, g.kind, g.as_of, p.ledger, p.topic, p.item = ''
	ORDER BY g.run, p.ledger, p.topic
$$;
COMMENT ON FUNCTION _dunning.health_problems(integer) IS 'Part of dunning.health: what the last runs set aside or noted, procedures to be confirmed among it';

CREATE FUNCTION _dunning.health_unseen(pending_days integer) RETURNS SETOF _dunning.finding
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	one name;
	n bigint;
BEGIN
	FOR one IN SELECT l.ledger FROM dunning.ledger AS l ORDER BY l.ledger LOOP
		BEGIN
			n := (SELECT count(*) FROM dunning.unseen_reminders(one));
		EXCEPTION
			WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
				RAISE;
			WHEN OTHERS OR assert_failure THEN
				-- a ledger that cannot be read is a finding of dunning.check_ledgers
				CONTINUE;
		END;
		IF n > 0 THEN
			RETURN NEXT ('warning', 'unseen', one, format('%s pending reminder(s) are of items that were not found, and are neither sent nor withdrawn', n),
				format('See whether they were deleted or are hidden: SELECT * FROM dunning.unseen_reminders(%L)', one))::_dunning.finding;
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION _dunning.health_unseen(integer) IS 'Part of dunning.health: pending reminders whose items were not found';

-- A procedure by item reminds of each invoice by itself: to which one a credit belongs is
-- for the accountant to say.
CREATE FUNCTION _dunning.customers_in_credit(ledger name, OUT customers bigint, OUT example text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	reminded CONSTANT dunning.item_key[] := ARRAY(SELECT DISTINCT coalesce(r.payer, r.customer) FROM dunning.reminder AS r
		WHERE r.ledger = customers_in_credit.ledger AND r.state = 'pending' AND NOT r.by_customer AND NOT _dunning.of_event(r.step)
			AND coalesce(r.payer, r.customer) IS NOT NULL);
BEGIN
	IF cardinality(reminded) > 0 THEN
		EXECUTE format($q$
			SELECT count(DISTINCT r.payer), min(r.payer::text)
			FROM (SELECT coalesce(r.payer, r.customer) AS payer, r.company, r.currency, sum(r.open_amount - r.held_amount) AS asked
				FROM dunning.reminder AS r
				WHERE r.ledger = $1 AND r.state = 'pending' AND NOT r.by_customer AND NOT _dunning.of_event(r.step) GROUP BY 1, 2, 3) AS r
			JOIN (SELECT i.payer, i.company, i.currency, - sum(i.open_amount) AS credit FROM %s AS i
				WHERE i.open_amount < 0 AND i.open_amount > '-Infinity' AND i.dunnable IS NOT FALSE AND %s
				GROUP BY i.payer, i.company, i.currency) AS c
				ON c.payer = r.payer AND c.company IS NOT DISTINCT FROM r.company AND c.currency IS NOT DISTINCT FROM r.currency
			WHERE c.credit >= r.asked $q$,
			_dunning.items_source(ledger, _dunning.real_day(), format('i.payer = ANY (%L::dunning.item_key[])', reminded), whole => true),
			_dunning.netted_query('i.ledger', 'i.kind', 'i.open_amount')) INTO customers, example USING ledger;
	END IF;
EXCEPTION
	WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
		RAISE;
	WHEN OTHERS OR assert_failure THEN
		-- a ledger that cannot be read is a finding of dunning.check_ledgers
		RETURN;
END
$$;
COMMENT ON FUNCTION _dunning.customers_in_credit(name) IS
	'How many payers of a ledger have credits that are as high as what their pending reminders ask for, in the same company and currency, and one of them; those of procedures by item alone';

CREATE FUNCTION _dunning.health_credits(pending_days integer) RETURNS SETOF _dunning.finding
	LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'warning', 'credit', l.ledger,
		format('%s customer(s) have credits that are as high as what their pending reminders ask for, such as %s', c.customers, c.example),
		'Allocate the credits to the invoices in the ERP, or choose a procedure that says "by customer", which sets them off.'
	FROM dunning.ledger AS l CROSS JOIN LATERAL _dunning.customers_in_credit(l.ledger) AS c
	WHERE l.state = 'adopted' AND c.customers > 0
	ORDER BY l.ledger
$$;
COMMENT ON FUNCTION _dunning.health_credits(integer) IS 'Part of dunning.health: customers who have pending reminders of procedures by item, and credits that are as high';

-- Who never books claims reminds of penalties that nobody asks for; who books
-- them does it once a month at least.
CREATE FUNCTION _dunning.health_claims(pending_days integer) RETURNS SETOF _dunning.finding
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
	SELECT 'warning', 'claims', o.ledger, coalesce('claims were booked last for ' || to_char(b.as_of, 'YYYY-MM-DD'), 'no claims were ever booked')
			|| format(', while reminders since %s name penalties', to_char(o.since, 'YYYY-MM-DD')),
		'SELECT * FROM dunning.claim_penalties()'
	FROM (SELECT l.ledger, min(r.raised_on) AS since
		FROM dunning.ledger AS l JOIN dunning.reminder AS r ON r.ledger = l.ledger
		WHERE r.state <> 'cancelled' AND r.raised_on < _dunning.real_day() - 35
			AND (r.fee > 0 OR r.late_interest > 0 OR r.compensation > 0 OR r.late_fee > 0)
		GROUP BY l.ledger) AS o
	LEFT JOIN LATERAL (SELECT max(g.as_of) AS as_of FROM dunning.run_log AS g
		WHERE g.kind = 'claims' AND g.refused IS NULL AND g.finished_at IS NOT NULL AND (g.ledger IS NULL OR g.ledger = o.ledger)) AS b ON true
	WHERE (b.as_of >= _dunning.real_day() - 35) IS NOT TRUE
	ORDER BY o.ledger
$$;
COMMENT ON FUNCTION _dunning.health_claims(integer) IS 'Part of dunning.health: ledgers whose reminders name penalties that were not booked for 35 days';

CREATE FUNCTION _dunning.health_notices(pending_days integer) RETURNS SETOF _dunning.finding
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
	SELECT 'warning', 'notice', n.ledger,
		format('%s message(s) are set aside and not sent, such as %s: %s', count(*), min(n.notice), (array_agg(n.reason ORDER BY n.notice))[1]),
		format('SELECT notice, customer, channel, lacks, reason FROM dunning.notice WHERE ledger = %L AND state = ''set_aside'' lists them.', n.ledger)
	FROM dunning.notice AS n WHERE n.state = 'set_aside' GROUP BY n.ledger
	UNION ALL
	SELECT 'warning', 'notice', NULL::name, 'messages are ready, and nobody said who writes them, in which language, and to which account is paid',
		'SELECT dunning.save_sender(''our name'', language => ''fr'', email => ..., iban => ...).'
	WHERE EXISTS (SELECT FROM dunning.notice AS n WHERE n.state IN ('waiting', 'taken')) AND NOT EXISTS (SELECT FROM dunning.sender)
$$;
COMMENT ON FUNCTION _dunning.health_notices(integer) IS 'Part of dunning.health: messages that are set aside, or that nobody is said to write';

CREATE FUNCTION _dunning.health_settings(pending_days integer) RETURNS SETOF _dunning.finding
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'notice', 'setting', NULL::name, format('dunning.time_zone is not set, so a day begins and ends in the time zone of the server''s log (log_timezone), now %s', _dunning.business_zone()),
		format('ALTER DATABASE %I SET dunning.time_zone = ''Europe/Paris''', current_database())
	WHERE _dunning.real_day() IS NOT NULL AND coalesce(current_setting('dunning.time_zone', true), '') = ''
	UNION ALL
	SELECT 'notice', 'setting', NULL::name, 'the server compiles large queries (jit), which makes the work list slower by a second or more',
		format('ALTER DATABASE %I SET jit = off', current_database())
	WHERE pg_jit_available()
	UNION ALL
	SELECT 'notice', 'access', a.ledger, format('access of level "%s" was granted to a role that is gone, of number %s', a.level, a.role::oid),
		format('DELETE FROM dunning.access WHERE role = %s', a.role::oid)
	FROM dunning.access AS a WHERE NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.oid = a.role)
$$;
COMMENT ON FUNCTION _dunning.health_settings(integer) IS 'Part of dunning.health: settings that are not there or cost time, and access of roles that are gone';

-- Volatile, as dunning.check_ledgers is, since it catches errors.
CREATE FUNCTION dunning.health(pending_days integer DEFAULT 3)
	RETURNS TABLE (severity text, topic text, ledger name, finding text, what_to_do text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	part text;
	found_some _dunning.finding[] := '{}';
	more _dunning.finding[];
BEGIN
	FOREACH part IN ARRAY ARRAY['runs', 'ledgers', 'problems', 'pending', 'unseen', 'credits', 'rates', 'claims', 'notices', 'settings'] LOOP
		BEGIN
			more := CASE part
				WHEN 'runs' THEN ARRAY(SELECT f FROM _dunning.health_runs(pending_days) AS f)
				WHEN 'ledgers' THEN ARRAY(SELECT f FROM _dunning.health_ledgers(pending_days) AS f)
				WHEN 'problems' THEN ARRAY(SELECT f FROM _dunning.health_problems(pending_days) AS f)
				WHEN 'pending' THEN ARRAY(SELECT f FROM _dunning.health_pending(pending_days) AS f)
				WHEN 'unseen' THEN ARRAY(SELECT f FROM _dunning.health_unseen(pending_days) AS f)
				WHEN 'credits' THEN ARRAY(SELECT f FROM _dunning.health_credits(pending_days) AS f)
				WHEN 'rates' THEN ARRAY(SELECT f FROM _dunning.health_rates(pending_days) AS f)
				WHEN 'claims' THEN ARRAY(SELECT f FROM _dunning.health_claims(pending_days) AS f)
				WHEN 'notices' THEN ARRAY(SELECT f FROM _dunning.health_notices(pending_days) AS f)
				ELSE ARRAY(SELECT f FROM _dunning.health_settings(pending_days) AS f) END;
		EXCEPTION
			WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
				RAISE;
			WHEN OTHERS OR assert_failure THEN
				more := ARRAY[('error', part, NULL, 'cannot be looked at: ' || SQLERRM,
					CASE SQLSTATE WHEN '42501' THEN format('Grant it the access: SELECT * FROM dunning.grant_access(%L, ''viewer'')', current_user) END)::_dunning.finding];
		END;
		found_some := found_some || more;
	END LOOP;
	IF cardinality(found_some) = 0 THEN
		found_some := ARRAY[('ok', 'all', NULL, 'there is nothing to do', NULL)::_dunning.finding];
	END IF;
	RETURN QUERY SELECT f.severity, f.topic, f.ledger, f.finding, f.what_to_do
		FROM unnest(found_some) WITH ORDINALITY AS f (severity, topic, ledger, finding, what_to_do, n)
		ORDER BY array_position(ARRAY['error', 'warning', 'notice', 'ok'], f.severity), f.n;
END
$$;
COMMENT ON FUNCTION dunning.health(integer) IS
	'What a DBA has to know every morning, a row for each finding, or one row "ok": runs, ledgers, pending reminders, missing rates, claims and settings that need attention. It never fails because a ledger cannot be read';
