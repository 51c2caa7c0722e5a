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
	WITH need AS (
		SELECT j.code, NULL AS rule, n.series, n.every, n.on_day, coalesce(j.rates_from, j.valid_from) AS begins
		FROM dunning.jurisdiction AS j
		CROSS JOIN LATERAL (VALUES (j.series, j.every, j.on_day), (j.floor_series, NULL, NULL)) AS n (series, every, on_day)
		WHERE n.series IS NOT NULL AND rates_missing.asked IS NULL
		UNION ALL
		SELECT NULL, r.name, n.series, n.every, n.on_day, coalesce(j.rates_from, j.valid_from)
		FROM dunning.rule AS r
		LEFT JOIN LATERAL (SELECT j.* FROM dunning.jurisdiction AS j
			WHERE j.code = r.jurisdiction AND j.valid_from <= coalesce(r.on_day, 'infinity') ORDER BY j.valid_from DESC LIMIT 1) AS j ON true
		-- an agreed rate needs only the rate of the floor
		CROSS JOIN LATERAL (VALUES (r.series, NULL, NULL), (CASE WHEN r.rate IS NULL THEN j.series END, j.every, j.on_day), (j.floor_series, NULL, NULL)) AS n (series, every, on_day)
		WHERE n.series IS NOT NULL AND (rates_missing.asked IS NULL OR r.name IN (
			SELECT u.rule FROM dunning.ledger AS l CROSS JOIN LATERAL (VALUES (l.rule), (l.consumer_rule)) AS u (rule) WHERE l.ledger = ANY (rates_missing.asked)
			UNION ALL
			SELECT u.rule FROM dunning.ledger_rule AS x CROSS JOIN LATERAL (VALUES (x.rule), (x.consumer_rule)) AS u (rule) WHERE x.ledger = ANY (rates_missing.asked)
			UNION ALL
			SELECT u.rule FROM dunning.assignment AS a CROSS JOIN LATERAL (VALUES (a.value), (a.value || '-consumer')) AS u (rule)
			WHERE a.kind = 'penalty_rule' AND a.ledger = ANY (rates_missing.asked) AND (a.ended_on > rates_missing.day) IS NOT FALSE))
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
	)
	SELECT d.series, format('%s-S%s', extract(year FROM rates_missing.day), CASE WHEN extract(month FROM rates_missing.day) <= 6 THEN 1 ELSE 2 END),
		min(d.since),
		(SELECT max(least(k.to_day, coalesce(min(d.needed_by), k.to_day + 1) - 1)) FROM known AS k
			WHERE k.series = d.series AND k.every IS NULL AND k.from_day < coalesce(min(d.needed_by), 'infinity')),
		coalesce(min(d.needed_by), rates_missing.day),
		coalesce(array_agg(DISTINCT d.code COLLATE "C" ORDER BY d.code COLLATE "C") FILTER (WHERE d.code IS NOT NULL), '{}'),
		coalesce(array_agg(DISTINCT d.rule COLLATE "C" ORDER BY d.rule COLLATE "C") FILTER (WHERE d.rule IS NOT NULL), '{}'),
		ARRAY(SELECT l.ledger FROM dunning.ledger AS l
			WHERE ARRAY[l.rule, l.consumer_rule] && array_agg(d.rule)
				OR EXISTS (SELECT FROM dunning.ledger_rule AS x WHERE x.ledger = l.ledger AND ARRAY[x.rule, x.consumer_rule] && array_agg(d.rule))
				OR EXISTS (SELECT FROM dunning.assignment AS a WHERE a.ledger = l.ledger AND a.kind = 'penalty_rule' AND (a.ended_on > rates_missing.day) IS NOT FALSE
					AND ARRAY[a.value, a.value || '-consumer'] && array_agg(d.rule))
			ORDER BY l.ledger)
	FROM due AS d
	GROUP BY d.series
	ORDER BY 5, d.series COLLATE "C";
END
$$;
COMMENT ON FUNCTION _dunning.rates_missing(date, name[]) IS
	'What dunning.missing_rates says, or of it what the rules of some ledgers need; error 22008 for an infinite day';

CREATE FUNCTION dunning.missing_rates(day date DEFAULT dunning.today(),
		OUT series text, OUT half_year text, OUT since date, OUT last_known date, OUT needed_by date,
		OUT jurisdictions text[], OUT rules text[], OUT ledgers name[]) RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 5 SET search_path = pg_catalog, pg_temp
	AS 'SELECT * FROM _dunning.rates_missing(coalesce(missing_rates.day, dunning.today()), NULL)';
COMMENT ON FUNCTION dunning.missing_rates IS 'The series without a rate for a day that a jurisdiction or a rule needs: the half-year of the day, the first day without a rate, the last day for which the series is known, the first day whose rate is needed, and the jurisdictions, rules and ledgers that need it';
