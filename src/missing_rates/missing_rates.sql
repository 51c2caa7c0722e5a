-- The rates that are missing, known before the run needs them.

-- Nobody can use a series yet that has no rate on a sample day.  Catching the error is a
-- subtransaction, which a parallel query cannot begin.
CREATE FUNCTION _dunning.sampled_series(series text, every text, on_day text) RETURNS dunning.rate_history
	LANGUAGE plpgsql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE WHEN every IS NULL THEN dunning.series_rates(series) ELSE dunning.sampled(dunning.series_rates(series), every, on_day) END;
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION _dunning.sampled_series IS 'The rates of a series, sampled by period or (NULL) as they are; NULL if there are none';

-- What the items say need not be read where a run has noted it in the agenda.  Reading
-- every open amount costs more than finding one open item for each rule.
CREATE FUNCTION _dunning.names_rules(ledger name, rules text[], day date, in_run boolean) RETURNS boolean
	LANGUAGE plpgsql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	said text[];
	one text;
	found boolean;
BEGIN
	IF (SELECT l.columns ->> 'rule_by' FROM dunning.ledger AS l WHERE l.ledger = names_rules.ledger AND l.state = 'adopted') IS NULL THEN
		RETURN false;
	END IF;
	IF in_run THEN
		said := (SELECT s.rules FROM _dunning.agenda_state AS s WHERE s.ledger = names_rules.ledger);
	END IF;
	IF said IS NOT NULL THEN
		RETURN EXISTS (SELECT FROM unnest(said) AS v (said) WHERE _dunning.rule_of_name(names_rules.ledger, v.said) = ANY (rules));
	END IF;
	EXECUTE format('SELECT array_agg(DISTINCT %s) FROM %s AS i', _dunning.named_rule('i'), _dunning.items_source(ledger, day)) INTO said;
	FOR one IN SELECT v.said FROM unnest(said) AS v (said) WHERE _dunning.rule_of_name(names_rules.ledger, v.said) = ANY (rules) LOOP
		EXECUTE format('SELECT EXISTS (SELECT FROM %s AS i)', _dunning.items_source(ledger, day,
			format('%s = %L AND (i.open_amount <> 0 OR i.open_amount IS NULL)', _dunning.named_rule('i'), one))) INTO found;
		IF found THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
EXCEPTION
	WHEN query_canceled OR admin_shutdown OR crash_shutdown THEN
		RAISE;
	WHEN OTHERS OR assert_failure THEN
		-- that a ledger cannot be read, the run and dunning.check_ledgers say
		RETURN false;
END
$$;
COMMENT ON FUNCTION _dunning.names_rules(name, text[], date, boolean) IS
	'Whether an open item of a ledger names one of some penalty rules itself, in the field rule_by; in_run: the agenda of the ledger is asked, if there is one. False for a ledger that cannot be read';

-- A run asks for its own ledgers only, since most series are needed by none of them.
CREATE FUNCTION _dunning.rates_missing(day date, asked name[],
		OUT series text, OUT half_year text, OUT since date, OUT last_known date, OUT needed_by date,
		OUT jurisdictions text[], OUT rules text[], OUT ledgers name[]) RETURNS SETOF record
	LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 5 SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
BEGIN
	IF NOT isfinite(day) THEN
		RAISE EXCEPTION 'an infinite day lies in no half-year' USING ERRCODE = 'datetime_field_overflow';
	END IF;
	RETURN QUERY
	WITH used AS MATERIALIZED (
		-- the rules that each ledger says, or an assignment
		SELECT l.ledger, u.rule FROM dunning.ledger AS l CROSS JOIN LATERAL (VALUES (l.rule), (l.consumer_rule)) AS u (rule)
		UNION ALL
		SELECT x.ledger, u.rule FROM dunning.ledger_rule AS x CROSS JOIN LATERAL (VALUES (x.rule), (x.consumer_rule)) AS u (rule)
		UNION ALL
		SELECT a.ledger, u.rule FROM dunning.assignment AS a CROSS JOIN LATERAL (VALUES (a.value), (a.value || '-consumer')) AS u (rule)
		WHERE a.kind = 'penalty_rule' AND (a.ended_on > rates_missing.day) IS NOT FALSE
	), needed AS MATERIALIZED (
		SELECT r.* FROM dunning.rule AS r
		WHERE rates_missing.asked IS NULL OR r.name IN (SELECT u.rule FROM used AS u WHERE u.ledger = ANY (rates_missing.asked))
			OR EXISTS (SELECT FROM dunning.ledger AS l WHERE l.ledger = ANY (rates_missing.asked) AND l.columns ->> 'rule_by' IS NOT NULL)
	), need AS (
		SELECT j.code, NULL AS rule, n.series, n.every, n.on_day, coalesce(j.rates_from, j.valid_from) AS begins
		FROM dunning.jurisdiction AS j
		CROSS JOIN LATERAL (VALUES (j.series, j.every, j.on_day), (j.floor_series, NULL, NULL)) AS n (series, every, on_day)
		WHERE n.series IS NOT NULL AND rates_missing.asked IS NULL
		UNION ALL
		SELECT NULL, r.name, n.series, n.every, n.on_day, coalesce(j.rates_from, j.valid_from)
		FROM needed AS r
		LEFT JOIN LATERAL (SELECT j.* FROM dunning.jurisdiction AS j
			WHERE j.code = r.jurisdiction AND j.valid_from <= coalesce(r.on_day, 'infinity') ORDER BY j.valid_from DESC LIMIT 1) AS j ON true
		-- an agreed rate needs only the rate of the floor
		CROSS JOIN LATERAL (VALUES (r.series, NULL, NULL), (CASE WHEN r.rate IS NULL THEN j.series END, j.every, j.on_day),
			(j.floor_series, NULL, NULL)) AS n (series, every, on_day)
		WHERE n.series IS NOT NULL
	), known AS (
		-- the days of each series that have a rate, as they are and as its jurisdictions sample them
		SELECT n.series, n.every, n.on_day, k.from_day, k.to_day,
			lead(k.from_day) OVER (PARTITION BY n.series, n.every, n.on_day ORDER BY k.from_day) AS next_day
		FROM (SELECT DISTINCT m.series, v.every, v.on_day FROM need AS m
			CROSS JOIN LATERAL (VALUES (m.every, m.on_day), (NULL, NULL)) AS v (every, on_day)) AS n
		CROSS JOIN LATERAL dunning.rates(_dunning.sampled_series(n.series, n.every, n.on_day)) AS k
	), due AS (
		SELECT n.*, e.since, e.since - CASE n.on_day WHEN 'day before' THEN 1 ELSE 0 END AS needed_by
		FROM need AS n
		CROSS JOIN LATERAL (SELECT min(k.to_day) + 1 AS since, count(*) AS stated FROM known AS k
			WHERE k.series = n.series AND k.every IS NOT DISTINCT FROM n.every AND k.on_day IS NOT DISTINCT FROM n.on_day
				AND k.next_day IS DISTINCT FROM k.to_day + 1 AND k.to_day >= coalesce(n.begins, '-infinity') - 1) AS e
		WHERE (e.stated = 0 OR e.since <= rates_missing.day) AND coalesce(n.begins, '-infinity') <= rates_missing.day
	), missing AS (
		SELECT d.series, min(d.since) AS since,
			(SELECT max(least(k.to_day, coalesce(min(d.needed_by), k.to_day + 1) - 1)) FROM known AS k
				WHERE k.series = d.series AND k.every IS NULL AND k.from_day < coalesce(min(d.needed_by), 'infinity')) AS last_known,
			coalesce(min(d.needed_by), rates_missing.day) AS needed_by,
			coalesce(array_agg(DISTINCT d.code COLLATE "C" ORDER BY d.code COLLATE "C")
				FILTER (WHERE d.code IS NOT NULL), '{}') AS jurisdictions,
			coalesce(array_agg(DISTINCT d.rule COLLATE "C" ORDER BY d.rule COLLATE "C") FILTER (WHERE d.rule IS NOT NULL), '{}') AS rules
		FROM due AS d
		GROUP BY d.series
		UNION ALL
		-- a rule with rates of its own
		SELECT NULL, o.last_known + 1, o.last_known, o.last_known + 1, '{}', ARRAY[r.name]
		FROM needed AS r CROSS JOIN LATERAL (SELECT dunning.last_day(dunning.rate_history(r.rule)) AS last_known) AS o
		WHERE r.series IS NULL AND r.jurisdiction IS NULL AND o.last_known < rates_missing.day
	)
	SELECT m.series, format('%s-S%s', extract(year FROM rates_missing.day), CASE WHEN extract(month FROM rates_missing.day) <= 6 THEN 1
		ELSE 2 END), m.since, m.last_known, m.needed_by, m.jurisdictions, m.rules, n.ledgers
	FROM missing AS m
	CROSS JOIN LATERAL (SELECT coalesce(array_agg(l.ledger ORDER BY l.ledger), '{}') AS ledgers FROM dunning.ledger AS l
		WHERE (rates_missing.asked IS NULL OR l.ledger = ANY (rates_missing.asked))
			AND CASE WHEN EXISTS (SELECT FROM used AS u WHERE u.ledger = l.ledger AND u.rule = ANY (m.rules)) THEN true
				ELSE _dunning.names_rules(l.ledger, m.rules, rates_missing.day, rates_missing.asked IS NOT NULL) END) AS n
	WHERE rates_missing.asked IS NULL OR n.ledgers <> '{}'
	ORDER BY m.needed_by, m.series COLLATE "C", m.rules COLLATE "C";
END
$$;
COMMENT ON FUNCTION _dunning.rates_missing(date, name[]) IS
	'What dunning.missing_rates says, or of it what the rules of some ledgers need; error 22008 for an infinite day';

-- The statement that adds the rate is for the reader to complete.
CREATE FUNCTION _dunning.missing_rate_text(series text, rules text[], needed_by date) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN series IS NULL THEN format('penalty rule "%s"', rules[1]) ELSE format('series "%s"', series) END
		|| format(' has no rate for %s', to_char(needed_by, 'YYYY-MM-DD'));
COMMENT ON FUNCTION _dunning.missing_rate_text(text, text[], date) IS 'A row of dunning.missing_rates as a sentence';

CREATE FUNCTION _dunning.missing_rate_cure(series text, rules text[], needed_by date) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN series IS NULL THEN format('UPDATE dunning.rule SET rule = ... WHERE name = %L', rules[1])
		ELSE format('INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (%L, %L, ...)', series, to_char(needed_by, 'YYYY-MM-DD')) END;
COMMENT ON FUNCTION _dunning.missing_rate_cure(text, text[], date) IS 'The statement that adds what a row of dunning.missing_rates misses, to be completed';

CREATE FUNCTION dunning.missing_rates(as_of date DEFAULT dunning.today(),
		OUT series text, OUT half_year text, OUT since date, OUT last_known date, OUT needed_by date,
		OUT jurisdictions text[], OUT rules text[], OUT ledgers name[]) RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 5 SET search_path = pg_catalog, pg_temp
	AS 'SELECT * FROM _dunning.rates_missing(coalesce(missing_rates.as_of, dunning.today()), NULL)';
COMMENT ON FUNCTION dunning.missing_rates IS 'The series, or (series is NULL) the rules with rates of their own, without a rate for a day on which it is needed: the half-year, the first day without a rate, the last day known, the first day whose rate is needed, and the jurisdictions, rules and ledgers that need it';
