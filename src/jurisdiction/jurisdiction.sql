-- Jurisdictions: what the law says of late payment, as rows, and the penalty
-- rules that follow from them.

CREATE TABLE dunning.jurisdiction ( --: What the law says of late payment, by kind of debtor and by the day from which it is in force; the values are data with a source, not legal advice
	code text CHECK (code ~ '^[A-Za-z][A-Za-z0-9_-]{0,62}$'), --: Code by which dunning.law_rule and dunning.rule choose the law
	debtor text NOT NULL CHECK (debtor IN ('business', 'consumer', 'public')), --: Kind of debtor: business, consumer or public
	name text NOT NULL, --: What the jurisdiction is, for people
	valid_from date CHECK (isfinite(valid_from)), --: First day of the contracts that the row is for
	valid_until date CHECK (valid_until >= valid_from), --: Last day of the contracts that the row is for; NULL: until a later row begins
	rates_from date, --: First day of the rates, where the same ones applied to earlier contracts; NULL: valid_from, so that an older item is not charged by a law that is not its own
	series text, --: Series of dunning.reference_rate; NULL: the rate is fixed_rate, or agreed
	every text CHECK (every IN ('half-year', 'year', 'quarter', 'month')), --: Period for which one value of the series counts: half-year, year, quarter or month; NULL: each rate from its own day
	on_day text CHECK (on_day IN ('first day', 'day before')), --: Day of the series that counts for a period: its first day, or the day before
	factor numeric, --: What the reference rate is multiplied by; NULL: 1
	margin numeric, --: Percentage points added after that; NULL: 0
	round_up_to numeric CHECK (round_up_to > 0), --: Step to which the sum is rounded up; NULL: not rounded
	fixed_rate numeric, --: The annual rate in percent where there is no series
	agreed text NOT NULL DEFAULT 'never' CHECK (agreed IN ('never', 'allowed', 'required')), --: Whether a rate given by the caller takes the place of that of the law: never, allowed, or required
	floor_series text, --: Series below a multiple of which the rate may not be; NULL: no floor
	floor_factor numeric, --: How many times the floor series; NULL: once
	clauses text CHECK (clauses IS NULL OR dunning.penalty_rule(0::numeric, clauses) IS NOT NULL), --: Clauses of the penalty rule after its rates; the order of payments is not among them
	payments text CHECK (payments IN ('principal', 'interest', 'costs')), --: What a part payment extinguishes first by law: principal, interest, or costs and then interest; NULL: not known
	runs_from text NOT NULL DEFAULT 'due date' CHECK (runs_from IN ('due date', 'formal notice')), --: Whether interest runs from the due date or from a formal notice, whose day is then given as the due date
	days_default integer CHECK (days_default >= 0), --: Days to pay where nothing was stipulated
	days_max integer CHECK (days_max >= 0), --: Most days from issue that may be stipulated; NULL: no limit is known
	days_max_eom integer CHECK (days_max_eom >= 0), --: Most days where "end of month" is stipulated, in either reading; NULL: as days_max
	days_max_small integer CHECK (days_max_small >= 0), --: Most days where a large firm owes a small one; NULL: as days_max
	days_free boolean NOT NULL DEFAULT false, --: Whether more days are lawful if expressly agreed
	days_source text, --: Article on the days to pay
	source text, --: Articles on interest and compensation
	verified boolean NOT NULL DEFAULT false, --: Whether what the rule is built from was read in a source; the notes name what was not
	notes text, --: What a user of the row should know
	shipped boolean NOT NULL DEFAULT false, --: Whether the row came with the extension
	PRIMARY KEY (code, valid_from),
	CONSTRAINT jurisdiction_has_one_rate CHECK (num_nonnulls(series, fixed_rate) = CASE agreed WHEN 'required' THEN 0 ELSE 1 END),
	CONSTRAINT jurisdiction_sampling CHECK ((every IS NULL) = (on_day IS NULL) AND (series IS NOT NULL OR num_nonnulls(every, factor, margin, round_up_to) = 0)),
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
				HINT = format('Jurisdictions are %s.', (SELECT string_agg(DISTINCT j.code COLLATE "C", ', ' ORDER BY j.code COLLATE "C") FROM dunning.jurisdiction AS j));
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
COMMENT ON FUNCTION dunning.law(text, date) IS
	'The row of dunning.jurisdiction in force for a contract of a day, or the latest one; error 42704 if there is no such jurisdiction, 22023 if none is in force';

CREATE FUNCTION _dunning.jurisdiction_is_known(jurisdiction text, on_day date DEFAULT NULL) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN coalesce((
		SELECT NOT EXISTS (
				SELECT FROM unnest(ARRAY[j.series, j.floor_series]) AS s (name)
				WHERE s.name IS NOT NULL AND NOT EXISTS (SELECT FROM dunning.reference_rate AS r WHERE r.series = s.name))
		FROM dunning.jurisdiction AS j
		WHERE j.code = $1 AND j.valid_from <= coalesce($2, 'infinity')
		ORDER BY j.valid_from DESC LIMIT 1), false);
COMMENT ON FUNCTION _dunning.jurisdiction_is_known(text, date) IS
	'Whether a jurisdiction has a row for contracts of a day, or any, and its series have rates';

CREATE FUNCTION _dunning.law_rates(law dunning.jurisdiction) RETURNS dunning.rate_history
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
	history dunning.rate_history;
BEGIN
	IF law.series IS NULL THEN
		RETURN NULL;
	END IF;
	history := dunning.series_rates(law.series);
	IF history IS NULL THEN
		RAISE EXCEPTION 'series "%" has no rates', law.series
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Insert its rates into dunning.reference_rate first.';
	END IF;
	IF law.every IS NOT NULL THEN
		history := dunning.sampled(history, law.every, law.on_day);
	END IF;
	IF law.factor IS NOT NULL THEN
		history := history * law.factor;
	END IF;
	IF law.margin IS NOT NULL THEN
		history := history + law.margin;
	END IF;
	IF law.round_up_to IS NOT NULL THEN
		history := dunning.rounded_up(history, law.round_up_to);
	END IF;
	RETURN history;
END
$$;
COMMENT ON FUNCTION _dunning.law_rates(dunning.jurisdiction) IS
	'The rates that a row of dunning.jurisdiction makes of its series: sampled, times the factor, plus the margin, rounded up; NULL without a series; error 22023 if it has no rates';

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
				HINT = coalesce((SELECT format('Its rate is that of the law; that of a contract is for jurisdiction "%s".', j.code)
						FROM dunning.jurisdiction AS j WHERE j.code = law.code || '-contract' LIMIT 1),
					'Its rate is that of the law; leave the rate out, or insert a jurisdiction of your own.');
	END IF;
	IF first_to IS NULL THEN
		RAISE EXCEPTION 'the order of payments by law of jurisdiction "%" is not known', law.code
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Say it: allocation => ''principal'', ''interest'' or ''costs''.';
	ELSIF first_to NOT IN ('principal', 'interest', 'costs') THEN
		RAISE EXCEPTION 'there is no allocation "%"', first_to
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'It is ''principal'', ''interest'', ''costs'' or ''legal''.';
	END IF;
	of_law := concat_ws('; ', nullif(law.clauses, ''), CASE WHEN first_to <> 'principal' THEN 'payments to ' || first_to END);

	IF law.floor_series IS NOT NULL THEN
		floor_rates := dunning.series_rates(law.floor_series);
		IF floor_rates IS NULL THEN
			RAISE EXCEPTION 'series "%" has no rates', law.floor_series
				USING ERRCODE = 'invalid_parameter_value',
					HINT = 'Insert its rates into dunning.reference_rate first.';
		END IF;
		floor_rates := floor_rates * coalesce(law.floor_factor, 1);
	END IF;
	IF rate IS NULL AND law.series IS NOT NULL THEN
		history := _dunning.law_rates(law);
	ELSIF floor_rates IS NOT NULL THEN
		-- the constant rate, on the days for which the floor is known
		history := floor_rates * 0 + coalesce(rate, law.fixed_rate);
	END IF;
	IF floor_rates IS NOT NULL THEN
		history := dunning.higher_of(floor_rates, history);
	END IF;
	IF history IS NULL THEN
		rule := dunning.penalty_rule(coalesce(rate, law.fixed_rate), of_law);
	ELSE
		rule := dunning.penalty_rule(dunning.restricted(history, daterange(coalesce(law.rates_from, law.valid_from), NULL)), of_law);
	END IF;
	IF law_rule.clauses IS NOT NULL THEN
		rule := dunning.with_clauses(rule, law_rule.clauses);
	END IF;
	RETURN rule;
END
$$;
COMMENT ON FUNCTION dunning.law_rule(text, date, numeric, text, text) IS
	'The penalty rule of a jurisdiction: by the law for a contract of on_day (NULL: the latest), at the given annual rate in percent where it takes one, with clauses in place of its own, part payments to principal (NULL), interest, costs, or in the legal order. It reads tables: in a query over many rows write (SELECT dunning.law_rule(code => ''FR'')), which is done once. Error 42704 if there is no such jurisdiction, 22023 for a day without law, a rate not wanted or missing, or an unknown allocation';
