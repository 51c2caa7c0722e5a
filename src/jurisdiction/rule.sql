-- Penalty rules by name.

CREATE TYPE _dunning.rule_version AS ( --: A rule for contracts from a day on
	valid_from date, --: First day of the contracts
	rule dunning.penalty_rule --: The penalty rule for them
);

CREATE TABLE dunning.rule ( --: Penalty rules by name. A rule with a series or a jurisdiction follows dunning.reference_rate
	name text PRIMARY KEY, --: Name by which a ledger chooses the rule
	series text, --: Series of dunning.reference_rate that the rule follows; if this and jurisdiction are NULL, the rule is as entered
	jurisdiction text, --: Code of the jurisdiction that the rule follows. It, the next three columns and clauses are the arguments of dunning.law_rule
	on_day date, --: Day whose law applies to all items; NULL: each item has the law of its contract
	rate numeric, --: Agreed annual rate in percent
	allocation text, --: Order in which a part payment extinguishes: principal, interest, costs, or legal; NULL: principal
	clauses text NOT NULL DEFAULT '', --: Clauses of the rule, such as "compensation 40.00 EUR; grace 5". With a jurisdiction they replace those of the law
	rule dunning.penalty_rule NOT NULL, --: The penalty rule; filled in for a rule with a series or a jurisdiction
	description text, --: Description
	shipped boolean NOT NULL DEFAULT false, --: Whether the row came with the extension
	since date, --: First day of the contracts with this rule, if earlier contracts have another; NULL: it is for all contracts
	earlier _dunning.rule_version[], --: The rules for earlier contracts; filled in if the law of the jurisdiction changed
	runs_from text NOT NULL DEFAULT 'due date' CHECK (runs_from IN ('due date', 'formal notice')), --: Whether an item of a ledger costs something from its due date, or from the first registered letter that was sent for it; that of the jurisdiction, if there is one
	CONSTRAINT rule_series_or_jurisdiction CHECK (num_nonnulls(series, jurisdiction) <= 1),
	CONSTRAINT rule_clauses_check CHECK (num_nonnulls(series, jurisdiction) = 1 OR clauses = ''),
	CONSTRAINT rule_of_jurisdiction_check CHECK (jurisdiction IS NOT NULL OR num_nonnulls(on_day, rate, allocation) = 0)
);

-- While a dump is restored, the rates or the jurisdiction can still be missing.  Then a
-- rule stays as it is, and is built when they are there.
CREATE FUNCTION _dunning.built(r dunning.rule) RETURNS dunning.rule
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	history dunning.rate_history;
BEGIN
	IF r.jurisdiction IS NOT NULL THEN
		IF r.rule IS NULL OR _dunning.jurisdiction_is_known(r.jurisdiction, r.on_day) THEN
			r.rule := dunning.law_rule(r.jurisdiction, r.on_day, r.rate, nullif(r.clauses, ''), r.allocation);
			SELECT j.runs_from INTO r.runs_from
			FROM dunning.jurisdiction AS j WHERE j.code = r.jurisdiction ORDER BY j.valid_from DESC LIMIT 1;
			SELECT max(j.valid_from) INTO r.since FROM dunning.jurisdiction AS j WHERE j.code = r.jurisdiction AND r.on_day IS NULL;
			SELECT array_agg(ROW(j.valid_from, dunning.law_rule(j.code, j.valid_from, r.rate, nullif(r.clauses, ''),
					r.allocation))::_dunning.rule_version ORDER BY j.valid_from) INTO r.earlier
			FROM dunning.jurisdiction AS j
			WHERE j.code = r.jurisdiction AND j.valid_from < r.since AND _dunning.jurisdiction_is_known(j.code, j.valid_from);
			IF r.earlier IS NULL THEN
				r.since := NULL;
			END IF;
		END IF;
		RETURN r;
	END IF;
	r.since := NULL;
	r.earlier := NULL;
	IF r.series IS NULL THEN
		RETURN r;
	END IF;
	history := CASE WHEN r.rule IS NULL THEN _dunning.need_rates(r.series) ELSE dunning.series_rates(r.series) END;
	r.rule := coalesce(dunning.penalty_rule(history, r.clauses), r.rule);
	RETURN r;
END
$$;
COMMENT ON FUNCTION _dunning.built IS 'A row of dunning.rule with its value built anew, if it follows a series or a jurisdiction';

CREATE FUNCTION _dunning.build_rule() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN _dunning.built(NEW);
END
$$;
COMMENT ON FUNCTION _dunning.build_rule IS 'Trigger: builds the value of a rule that follows a series or a jurisdiction';
CREATE TRIGGER build_rule BEFORE INSERT OR UPDATE ON dunning.rule
	FOR EACH ROW EXECUTE FUNCTION _dunning.build_rule();

-- A shipped rule follows its series: an update by a trigger may build it anew,
-- and change nothing else.
CREATE TRIGGER keep_shipped AFTER UPDATE ON dunning.rule
	FOR EACH ROW WHEN (OLD.shipped AND (pg_catalog.pg_trigger_depth() = 0 OR NEW IS DISTINCT FROM _dunning.built(OLD)))
	EXECUTE FUNCTION _dunning.keep_shipped();

-- A contract from before the first version takes the first version, whose rates begin
-- with its law.
CREATE FUNCTION dunning.rule_versions(name text) RETURNS TABLE (from_day date, before date, rule dunning.penalty_rule)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 2
	BEGIN ATOMIC
		SELECT CASE WHEN row_number() OVER w = 1 THEN '-infinity' ELSE v.valid_from END, lead(v.valid_from) OVER w, v.rule
		FROM (SELECT r.since AS valid_from, r.rule FROM dunning.rule AS r WHERE r.name = rule_versions.name
			UNION ALL
			SELECT e.valid_from, e.rule FROM dunning.rule AS r CROSS JOIN LATERAL unnest(r.earlier) AS e
				WHERE r.name = rule_versions.name) AS v
		WINDOW w AS (ORDER BY v.valid_from);
	END;
COMMENT ON FUNCTION dunning.rule_versions IS 'The versions of a rule, one row for each law: for contracts from from_day to the day before the day of "before" (NULL: without end)';

CREATE FUNCTION _dunning.version_on(versions _dunning.rule_version[], day date) RETURNS dunning.penalty_rule
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (SELECT v.rule FROM unnest(versions) AS v
		ORDER BY v.valid_from > day, CASE WHEN v.valid_from <= day THEN v.valid_from END DESC, v.valid_from LIMIT 1);
COMMENT ON FUNCTION _dunning.version_on IS 'The version for a contract of a day, for earlier contracts the first version; NULL if there is none';

CREATE FUNCTION dunning.rule_on(name text, day date) RETURNS dunning.penalty_rule
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (SELECT CASE WHEN (day < r.since) IS NOT TRUE THEN r.rule ELSE _dunning.version_on(r.earlier, day) END
		FROM dunning.rule AS r WHERE r.name = rule_on.name);
COMMENT ON FUNCTION dunning.rule_on IS 'The rule of that name for a contract of a day (NULL: the latest version); NULL if there is no such rule';

-- A role that enters a rate or a law needs no right on the rules that follow it: they
-- are built as the owner of dunning.rule.
CREATE FUNCTION _dunning.follow_series() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'dunning_follow_series';
COMMENT ON FUNCTION _dunning.follow_series IS 'Trigger: builds the rules anew when a reference rate or a jurisdiction changes';
CREATE TRIGGER follow_series AFTER INSERT OR UPDATE OR DELETE ON dunning.reference_rate
	FOR EACH STATEMENT EXECUTE FUNCTION _dunning.follow_series();
CREATE TRIGGER follow_series AFTER INSERT OR UPDATE OR DELETE ON dunning.jurisdiction
	FOR EACH STATEMENT EXECUTE FUNCTION _dunning.follow_series();
SELECT pg_catalog.pg_extension_config_dump('dunning.rule', 'WHERE NOT shipped');


INSERT INTO dunning.rule (name, jurisdiction, description, shipped) VALUES
	('france', 'FR',
	 'France between businesses unless agreed otherwise: ECB main refinancing rate of the half-year + 10 points, and 40 EUR an invoice paid late (Code de commerce L441-10 II and D441-5)', true),
	('france consumer', 'FR-consumer',
	 'France, a consumer who owes a business: the legal rate, no compensation (Code civil 1231-6)', true);
-- every jurisdiction by its code, where the law alone makes a rule
INSERT INTO dunning.rule (name, jurisdiction, description, shipped)
	SELECT DISTINCT ON (j.code) j.code, j.code, j.name || coalesce(': ' || j.source, ''), true
	FROM dunning.jurisdiction AS j WHERE j.agreed <> 'required' ORDER BY j.code, j.valid_from DESC;
