-- The sentence about late payment on an invoice.

CREATE TABLE dunning.mention ( --: Sentences about late payment, by language. {rate}, {since}, {margin} and {compensation} stand for the values of the day. Your own row takes precedence over a shipped row
	jurisdiction text, --: Code of the jurisdiction; empty: every jurisdiction without a row of its own
	language text CHECK (language ~ '^[a-z]{2,3}$'), --: ISO code of the language, in lower case
	runs_from text DEFAULT 'due date' CHECK (runs_from IN ('due date', 'formal notice')), --: Event from which interest runs in these jurisdictions
	text text NOT NULL, --: Sentence about the interest
	fixed text, --: Sentence that is added if the compensation is one fixed sum; NULL: none
	scale text, --: Sentence that is added if the compensation is a scale; NULL: none
	shipped boolean DEFAULT false, --: Whether the row came with the extension
	PRIMARY KEY (jurisdiction, language, runs_from, shipped)
);
SELECT pg_catalog.pg_extension_config_dump('dunning.mention', 'WHERE NOT shipped');

CREATE FUNCTION dunning.penalty_mention(jurisdiction text, language text, on_day date DEFAULT dunning.today(), rate numeric DEFAULT NULL)
		RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	law dunning.jurisdiction;
	said dunning.mention;
	rule dunning.penalty_rule;
	history dunning.rate_history;
	compensation numeric;
	currency text;
	has_scale boolean;
	percent numeric;
	since date;
	sentence text;
BEGIN
	on_day := coalesce(on_day, dunning.today());
	law := dunning.law(jurisdiction, on_day);
	IF law.code IS NULL OR language IS NULL THEN
		RETURN NULL;
	END IF;
	IF NOT isfinite(on_day) THEN
		RAISE EXCEPTION 'no sentence about late payment for an infinite day' USING ERRCODE = 'datetime_field_overflow';
	END IF;
	SELECT m.* INTO said FROM dunning.mention AS m
	WHERE m.jurisdiction IN (law.code, '') AND m.language = penalty_mention.language AND m.runs_from = law.runs_from
	ORDER BY m.jurisdiction = '', m.shipped LIMIT 1;
	IF said.language IS NULL THEN
		RAISE EXCEPTION 'there is no sentence about late payment in language "%"', penalty_mention.language
			USING ERRCODE = 'invalid_parameter_value',
				HINT = format('Languages are %s; others can be inserted into dunning.mention.',
					(SELECT string_agg(DISTINCT m.language COLLATE "C", ', ' ORDER BY m.language COLLATE "C") FROM dunning.mention AS m
						WHERE m.jurisdiction IN (law.code, '') AND m.runs_from = law.runs_from));
	END IF;
	rule := dunning.law_rule(law.code, on_day, rate);
	history := dunning.rate_history(rule);
	percent := CASE WHEN history IS NULL THEN coalesce(rate, law.fixed_rate) ELSE dunning.rate_on(history, on_day) END;
	since := (SELECT max(r.from_day) FROM dunning.rates(history) AS r WHERE r.from_day <= on_day);
	SELECT t.compensation_amount, t.currency, t.compensation IS NOT NULL AND t.compensation_amount IS NULL
		INTO compensation, currency, has_scale
	FROM dunning.penalty_clauses(rule) AS t;
	sentence := concat_ws(' ', said.text, CASE WHEN compensation > 0 THEN said.fixed WHEN has_scale THEN said.scale END);
	sentence := replace(sentence, '{rate}', _dunning.percent_text(percent, language));
	sentence := replace(sentence, '{margin}', coalesce(_dunning.number_text(trim_scale(law.margin), language), ''));
	sentence := replace(sentence, '{since}', coalesce(_dunning.day_text(since, language), ''));
	RETURN replace(sentence, '{compensation}', coalesce(_dunning.money_text(compensation, currency, language), ''));
END
$$;
COMMENT ON FUNCTION dunning.penalty_mention IS 'The sentence about late payment for an invoice of a day, from dunning.mention: the rate of that day by law, or the agreed rate, and the compensation. Add the terms of early payment yourself. Errors: 42704 for an unknown jurisdiction, 22023 for a language without a sentence or a day without a rate';
