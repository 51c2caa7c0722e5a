-- Penalty rules by name.

CREATE TYPE _dunning.rule_version AS ( --: What a rule is for contracts from a day on
	valid_from date, --: First day of the contracts
	rule dunning.penalty_rule --: The penalty rule for them
);

CREATE TABLE dunning.rule ( --: Penalty rules by name. A rule with a series or a jurisdiction is built from dunning.reference_rate and follows it
	name text PRIMARY KEY, --: Name by which a ledger chooses the rule
	series text, --: Series of dunning.reference_rate that the rule follows; NULL without a jurisdiction: the rule is as entered
	jurisdiction text, --: Code in dunning.jurisdiction whose law the rule is: the argument of dunning.law_rule, as are the next three columns and the clauses
	on_day date, --: Day of the contracts, whose law is taken for all items; NULL: the law of the contract of each item
	rate numeric, --: Annual rate in percent, where the jurisdiction takes one
	allocation text, --: Order in which a part payment extinguishes: principal, interest, costs, or legal; NULL: principal
	clauses text NOT NULL DEFAULT '', --: What a rule with a series says after its rates: "compensation 40.00 EUR; grace 5"; with a jurisdiction, the clauses that take the place of those of the law
	rule dunning.penalty_rule NOT NULL, --: The penalty rule; filled in for a rule with a series or a jurisdiction
	description text, --: What the rule is, for people
	shipped boolean NOT NULL DEFAULT false, --: Whether the row came with the extension
	since date, --: First day of the contracts that the rule is for, where earlier ones have another; NULL: it is for all
	earlier _dunning.rule_version[], --: The rules for earlier contracts; filled in for a rule with a jurisdiction whose law changed
	CONSTRAINT rule_series_or_jurisdiction CHECK (num_nonnulls(series, jurisdiction) <= 1),
	CONSTRAINT rule_clauses_check CHECK (num_nonnulls(series, jurisdiction) = 1 OR clauses = ''),
	CONSTRAINT rule_of_jurisdiction_check CHECK (jurisdiction IS NOT NULL OR num_nonnulls(on_day, rate, allocation) = 0)
);

-- While a dump is restored the rates or the jurisdiction may still be to come:
-- then a rule stays as it is, and is built when they are there.
CREATE FUNCTION _dunning.built(r dunning.rule) RETURNS dunning.rule
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	history dunning.rate_history;
BEGIN
	IF r.jurisdiction IS NOT NULL THEN
		IF r.rule IS NULL OR _dunning.jurisdiction_is_known(r.jurisdiction, r.on_day) THEN
			r.rule := dunning.law_rule(r.jurisdiction, r.on_day, r.rate, nullif(r.clauses, ''), r.allocation);
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
	history := dunning.series_rates(r.series);
	IF history IS NOT NULL THEN
		r.rule := dunning.penalty_rule(history, r.clauses);
	ELSIF r.rule IS NULL THEN
		RAISE EXCEPTION 'series "%" has no rates', r.series
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Insert its rates into dunning.reference_rate first.';
	END IF;
	RETURN r;
END
$$;
COMMENT ON FUNCTION _dunning.built(dunning.rule) IS 'A row with the value of a rule that follows a series or a jurisdiction, built anew';

CREATE FUNCTION _dunning.build_rule() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN _dunning.built(NEW);
END
$$;
COMMENT ON FUNCTION _dunning.build_rule() IS 'Trigger: builds the value of a rule that follows a series or a jurisdiction';
CREATE TRIGGER build_rule BEFORE INSERT OR UPDATE ON dunning.rule
	FOR EACH ROW EXECUTE FUNCTION _dunning.build_rule();

-- A shipped rule follows its series: an update by a trigger may build it anew,
-- and change nothing else.
CREATE TRIGGER keep_shipped AFTER UPDATE ON dunning.rule
	FOR EACH ROW WHEN (OLD.shipped AND (pg_catalog.pg_trigger_depth() = 0 OR NEW IS DISTINCT FROM _dunning.built(OLD)))
	EXECUTE FUNCTION _dunning.keep_shipped();

-- A contract of before the first version takes that one, whose rates begin with
-- its law.
CREATE FUNCTION dunning.rule_versions(name text) RETURNS TABLE (from_day date, before date, rule dunning.penalty_rule)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 2
	BEGIN ATOMIC
		SELECT CASE WHEN row_number() OVER w = 1 THEN '-infinity' ELSE v.valid_from END, lead(v.valid_from) OVER w, v.rule
		FROM (SELECT r.since AS valid_from, r.rule FROM dunning.rule AS r WHERE r.name = rule_versions.name
			UNION ALL
			SELECT e.valid_from, e.rule FROM dunning.rule AS r CROSS JOIN LATERAL unnest(r.earlier) AS e WHERE r.name = rule_versions.name) AS v
		WINDOW w AS (ORDER BY v.valid_from);
	END;
COMMENT ON FUNCTION dunning.rule_versions(text) IS
	'The penalty rules under a name, one row for each law that contracts come under: those from from_day on, to the day before the day of "before" (NULL: without end)';

CREATE FUNCTION _dunning.version_on(versions _dunning.rule_version[], day date) RETURNS dunning.penalty_rule
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (SELECT v.rule FROM unnest(versions) AS v
		ORDER BY v.valid_from > day, CASE WHEN v.valid_from <= day THEN v.valid_from END DESC, v.valid_from LIMIT 1);
COMMENT ON FUNCTION _dunning.version_on(_dunning.rule_version[], date) IS
	'The version that holds for a contract of a day; for one of before the first version that one; NULL if there is none';

CREATE FUNCTION dunning.rule_on(name text, day date) RETURNS dunning.penalty_rule
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (SELECT CASE WHEN (day < r.since) IS NOT TRUE THEN r.rule ELSE _dunning.version_on(r.earlier, day) END
		FROM dunning.rule AS r WHERE r.name = rule_on.name);
COMMENT ON FUNCTION dunning.rule_on(text, date) IS
	'The penalty rule of a name for a contract of a day (NULL: the latest); NULL if there is no such rule';

-- Whoever may enter a rate or a law may do so without a right on the rules that
-- follow it: they are built as the owner of their table.
CREATE FUNCTION _dunning.follow_series() RETURNS trigger
	LANGUAGE c SET search_path = pg_catalog, pg_temp AS 'MODULE_PATHNAME', 'dunning_follow_series';
COMMENT ON FUNCTION _dunning.follow_series() IS 'Trigger: builds the rules anew when a reference rate or a jurisdiction changes';
CREATE TRIGGER follow_series AFTER INSERT OR UPDATE OR DELETE ON dunning.reference_rate
	FOR EACH STATEMENT EXECUTE FUNCTION _dunning.follow_series();
CREATE TRIGGER follow_series AFTER INSERT OR UPDATE OR DELETE ON dunning.jurisdiction
	FOR EACH STATEMENT EXECUTE FUNCTION _dunning.follow_series();
SELECT pg_catalog.pg_extension_config_dump('dunning.rule', 'WHERE NOT shipped');

-- The rules that are there at once

INSERT INTO dunning.rule (name, jurisdiction, description, shipped) VALUES
	('france', 'FR',
	 'France between businesses unless agreed otherwise: ECB main refinancing rate of the half-year + 10 points, and 40 EUR an invoice paid late (Code de commerce L441-10 II and D441-5)', true),
	('france consumer', 'FR-consumer',
	 'France, a consumer who owes a business: the legal rate, no compensation (Code civil 1231-6)', true);
-- every jurisdiction by its code, where the law alone makes a rule
INSERT INTO dunning.rule (name, jurisdiction, description, shipped)
	SELECT DISTINCT ON (j.code) j.code, j.code, j.name || coalesce(': ' || j.source, ''), true
	FROM dunning.jurisdiction AS j WHERE j.agreed <> 'required' ORDER BY j.code, j.valid_from DESC;
