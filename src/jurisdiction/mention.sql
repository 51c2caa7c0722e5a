-- The sentence on an invoice that says what late payment costs.

CREATE TABLE dunning.mention ( --: Sentences about late payment, by language; a row of one's own comes before one that was shipped. In them {rate}, {since}, {margin} and {compensation} stand for the values of the day
	jurisdiction text, --: Code of the jurisdiction; empty: any that has no row of its own
	language text CHECK (language ~ '^[a-z]{2,3}$'), --: ISO code of the language, in lower case
	runs_from text DEFAULT 'due date' CHECK (runs_from IN ('due date', 'formal notice')), --: The row is for jurisdictions whose interest runs from this
	text text NOT NULL, --: What is said of the interest
	fixed text, --: What is added where the compensation is one fixed sum; NULL: nothing
	scale text, --: What is added where the compensation is a scale; NULL: nothing
	shipped boolean DEFAULT false, --: Whether the row came with the extension
	PRIMARY KEY (jurisdiction, language, runs_from, shipped)
);
SELECT pg_catalog.pg_extension_config_dump('dunning.mention', 'WHERE NOT shipped');

CREATE FUNCTION dunning.penalty_mention(jurisdiction text, language text, on_day date DEFAULT dunning.today(), rate numeric DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	law dunning.jurisdiction := dunning.law(jurisdiction, on_day);
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
	IF law.code IS NULL OR language IS NULL OR on_day IS NULL THEN
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
	IF history IS NULL THEN
		percent := coalesce(rate, law.fixed_rate);
	ELSE
		percent := dunning.rate_on(history, on_day);
		SELECT r.from_day INTO since FROM dunning.rates(history) AS r WHERE r.from_day <= on_day ORDER BY r.from_day DESC LIMIT 1;
	END IF;
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
COMMENT ON FUNCTION dunning.penalty_mention(text, text, date, numeric) IS
	'What an invoice of a day says of late payment: the rate of that day by the law for a contract of that day, or the agreed rate, and the compensation; sentences are those of dunning.mention. Error 42704 for an unknown jurisdiction, 22023 for a language without a sentence or a day without a rate. A discount for early payment is yours to mention';
