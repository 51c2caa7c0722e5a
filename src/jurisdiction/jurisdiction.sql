-- Jurisdictions: the law on late payment as rows, and the penalty rules that follow.

CREATE TABLE dunning.jurisdiction ( --: The law on late payment, by kind of debtor and day of the contract. The values are data with a source, not legal advice
	code text CHECK (code ~ '^[A-Za-z][A-Za-z0-9_-]{0,62}$'), --: Code by which dunning.law_rule and dunning.rule choose the law
	debtor text NOT NULL CHECK (debtor IN ('business', 'consumer', 'public')), --: Kind of debtor: business, consumer or public
	name text NOT NULL, --: Description
	valid_from date CHECK (isfinite(valid_from)), --: First day of the contracts to which the row applies
	valid_until date CHECK (valid_until >= valid_from), --: Last day of these contracts; NULL: until a later row begins
	rates_from date, --: First day of the rates, if the same rates applied to earlier contracts; NULL: valid_from, so that no older item is charged by this law
	series text, --: Series of dunning.reference_rate; NULL: the rate is fixed_rate, or agreed
	every text CHECK (every IN ('half-year', 'year', 'quarter', 'month')), --: Period for which one value of the series counts: half-year, year, quarter or month; NULL: each rate from its own day
	on_day text CHECK (on_day IN ('first day', 'day before')), --: Day of the series that counts for a period: its first day, or the day before
	factor numeric, --: Factor for the reference rate; NULL: 1
	margin numeric, --: Percentage points that are then added; NULL: 0
	round_up_to numeric CHECK (round_up_to > 0), --: Step to which the sum is rounded up; NULL: not rounded
	fixed_rate numeric, --: Annual rate in percent if there is no series
	agreed text NOT NULL DEFAULT 'never' CHECK (agreed IN ('never', 'allowed', 'required')), --: Whether the caller can replace the rate of the law by an agreed one: never, allowed, or required
	floor_series text, --: Series whose multiple is the least rate; NULL: no floor
	floor_factor numeric, --: The multiple; NULL: 1
	clauses text CHECK (clauses IS NULL OR dunning.penalty_rule(0::numeric, clauses) IS NOT NULL), --: Clauses of the penalty rule, without the order of payments
	payments text CHECK (payments IN ('principal', 'interest', 'costs')), --: What a part payment extinguishes first by law: principal, interest or costs; NULL: not known
	runs_from text NOT NULL DEFAULT 'due date' CHECK (runs_from IN ('due date', 'formal notice')), --: Whether interest runs from the due date or from a formal notice; then pass the day of the notice as the due date
	days_default integer CHECK (days_default >= 0), --: Days to pay if nothing was stipulated
	days_max integer CHECK (days_max >= 0), --: Most days from issue that may be stipulated; NULL: no limit is known
	days_max_eom integer CHECK (days_max_eom >= 0), --: Most days if "end of month" is stipulated, in either reading; NULL: days_max
	days_max_small integer CHECK (days_max_small >= 0), --: Most days if a large firm owes a small one; NULL: days_max
	days_free boolean NOT NULL DEFAULT false, --: Whether more days are lawful if expressly agreed
	days_source text, --: Article on the days to pay
	source text, --: Articles on interest and compensation
	verified boolean NOT NULL DEFAULT false, --: Whether everything that makes the rule was read in a source; the notes name the rest
	notes text, --: Notes for users of the row
	shipped boolean NOT NULL DEFAULT false, --: Whether the row came with the extension
	PRIMARY KEY (code, valid_from),
	CONSTRAINT jurisdiction_has_one_rate CHECK (num_nonnulls(series, fixed_rate) = CASE agreed WHEN 'required' THEN 0 ELSE 1 END),
	CONSTRAINT jurisdiction_sampling CHECK ((every IS NULL) = (on_day IS NULL)
		AND (series IS NOT NULL OR num_nonnulls(every, factor, margin, round_up_to) = 0)),
	CONSTRAINT jurisdiction_floor CHECK (floor_series IS NOT NULL OR floor_factor IS NULL)
);
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.jurisdiction
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('code', 'valid_from');
SELECT pg_catalog.pg_extension_config_dump('dunning.jurisdiction', 'WHERE NOT shipped');

CREATE FUNCTION dunning.law(jurisdiction text, on_day date DEFAULT NULL) RETURNS dunning.jurisdiction
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	found dunning.jurisdiction;
BEGIN
	IF jurisdiction IS NULL THEN
		RETURN NULL;
	END IF;
	SELECT j.* INTO found FROM dunning.jurisdiction AS j
	WHERE j.code = law.jurisdiction AND j.valid_from <= coalesce(law.on_day, 'infinity')
	ORDER BY j.valid_from DESC LIMIT 1;
	IF found.code IS NULL AND NOT EXISTS (SELECT FROM dunning.jurisdiction AS j WHERE j.code = law.jurisdiction) THEN
		RAISE EXCEPTION 'jurisdiction "%" does not exist', law.jurisdiction
			USING ERRCODE = 'undefined_object',
				HINT = format('Jurisdictions are %s.', (SELECT string_agg(DISTINCT j.code COLLATE "C", ', ' ORDER BY j.code COLLATE "C")
					FROM dunning.jurisdiction AS j));
	ELSIF found.code IS NULL OR found.valid_until < law.on_day THEN
		RAISE EXCEPTION 'no law of jurisdiction "%" is known for %', law.jurisdiction,
				CASE WHEN isfinite(law.on_day) THEN to_char(law.on_day, 'YYYY-MM-DD') ELSE law.on_day::text END
			USING ERRCODE = 'invalid_parameter_value',
				HINT = format('It is known for %s.', (SELECT string_agg(
					format('%s to %s', to_char(j.valid_from, 'YYYY-MM-DD'), coalesce(to_char(j.valid_until, 'YYYY-MM-DD'), 'now')), ', ' ORDER BY j.valid_from)
					FROM dunning.jurisdiction AS j WHERE j.code = law.jurisdiction));
	END IF;
	RETURN found;
END
$$;
COMMENT ON FUNCTION dunning.law IS 'The row of dunning.jurisdiction for a contract of a day (NULL: the latest row). Errors: 42704 if the jurisdiction does not exist, 22023 if it has no law for that day';

CREATE FUNCTION _dunning.jurisdiction_is_known(jurisdiction text, on_day date DEFAULT NULL) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN coalesce((
		SELECT NOT EXISTS (
				SELECT FROM unnest(ARRAY[j.series, j.floor_series]) AS s (name)
				WHERE s.name IS NOT NULL AND NOT EXISTS (SELECT FROM dunning.reference_rate AS r WHERE r.series = s.name))
		FROM dunning.jurisdiction AS j
		WHERE j.code = $1 AND j.valid_from <= coalesce($2, 'infinity')
		ORDER BY j.valid_from DESC LIMIT 1), false);
COMMENT ON FUNCTION _dunning.jurisdiction_is_known IS 'Whether a jurisdiction has a row for contracts of a day (NULL: any day), and rates for its series';

CREATE FUNCTION _dunning.need_rates(series text) RETURNS dunning.rate_history
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	history CONSTANT dunning.rate_history := dunning.series_rates(series);
BEGIN
	IF history IS NULL THEN
		RAISE EXCEPTION 'series "%" has no rates', series
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Insert its rates into dunning.reference_rate first.';
	END IF;
	RETURN history;
END
$$;
COMMENT ON FUNCTION _dunning.need_rates IS 'The rate history of a series; error 22023 if it has no rates';

-- NULL without a series
CREATE FUNCTION _dunning.law_rates(law dunning.jurisdiction) RETURNS dunning.rate_history
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT coalesce(dunning.rounded_up(m.rates, (law).round_up_to), m.rates)
		FROM (SELECT coalesce(dunning.sampled(r.rates, (law).every, (law).on_day), r.rates) * coalesce((law).factor, 1)
			+ coalesce((law).margin, 0) AS rates
			FROM _dunning.need_rates((law).series) AS r (rates)) AS m);
COMMENT ON FUNCTION _dunning.law_rates IS 'The rates that a row of dunning.jurisdiction makes of its series: sampled, multiplied by the factor, plus the margin, rounded up';

CREATE FUNCTION dunning.law_rule(code text, on_day date DEFAULT NULL, rate numeric DEFAULT NULL,
		clauses text DEFAULT NULL, allocation text DEFAULT NULL) RETURNS dunning.penalty_rule
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	law dunning.jurisdiction := dunning.law(law_rule.code, on_day);
	first_to text := CASE allocation WHEN 'legal' THEN law.payments ELSE coalesce(allocation, 'principal') END;
	of_law text;
	history dunning.rate_history;
	floor_rates dunning.rate_history;
	rule dunning.penalty_rule;
BEGIN
	IF law.code IS NULL THEN
		RETURN NULL;
	END IF;
	IF rate IS NULL AND law.agreed = 'required' THEN
		RAISE EXCEPTION 'jurisdiction "%" needs a rate', law.code
			USING ERRCODE = 'invalid_parameter_value',
				HINT = format('Give the annual rate in percent: dunning.law_rule(code => %L, rate => 12).', law.code);
	ELSIF rate IS NOT NULL AND law.agreed = 'never' THEN
		RAISE EXCEPTION 'jurisdiction "%" takes no rate', law.code
			USING ERRCODE = 'invalid_parameter_value',
				HINT = coalesce((SELECT format('The law sets its rate. For an agreed rate use jurisdiction "%s".', j.code)
						FROM dunning.jurisdiction AS j WHERE j.code = law.code || '-contract' LIMIT 1),
					'The law sets its rate. Omit the rate, or insert a jurisdiction of your own.');
	END IF;
	IF first_to IS NULL THEN
		RAISE EXCEPTION 'the order of payments by law of jurisdiction "%" is not known', law.code
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Pass the order: allocation => ''principal'', ''interest'' or ''costs''.';
	ELSIF first_to NOT IN ('principal', 'interest', 'costs') THEN
		RAISE EXCEPTION 'allocation "%" does not exist', first_to
			USING ERRCODE = 'invalid_parameter_value', HINT = 'The allocations are ''principal'', ''interest'', ''costs'' and ''legal''.';
	END IF;
	of_law := concat_ws('; ', nullif(law.clauses, ''), CASE WHEN first_to <> 'principal' THEN 'payments to ' || first_to END);

	floor_rates := _dunning.need_rates(law.floor_series) * coalesce(law.floor_factor, 1);
	history := CASE WHEN rate IS NULL AND law.series IS NOT NULL THEN _dunning.law_rates(law)
		-- a constant rate, on the days for which the floor is known
		ELSE floor_rates * 0 + coalesce(rate, law.fixed_rate) END;
	-- each of these functions is NULL if an argument is
	history := coalesce(dunning.higher_of(floor_rates, history), history);
	rule := coalesce(dunning.penalty_rule(dunning.restricted(history, daterange(coalesce(law.rates_from, law.valid_from), NULL)), of_law),
		dunning.penalty_rule(coalesce(rate, law.fixed_rate), of_law));
	RETURN coalesce(dunning.with_clauses(rule, law_rule.clauses), rule);
END
$$;
COMMENT ON FUNCTION dunning.law_rule IS 'The penalty rule of a jurisdiction, by the law for a contract of on_day (NULL: the latest law). rate is the agreed annual rate in percent; clauses replace those of the law; allocation is the order of part payments. Over many rows write (SELECT dunning.law_rule(code => ''FR''))';
