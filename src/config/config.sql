-- Configuration: rows that hold values.  Shipped rows are read-only, so that an
-- upgrade can refresh them; a user's own rows stand beside them and are dumped.

CREATE FUNCTION dunning.keep_shipped() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- a shipped rule follows its series: that update comes from a trigger
	IF OLD.shipped AND pg_trigger_depth() < 2 THEN
		RAISE EXCEPTION 'a row of dunning.% that came with pg_dunning cannot be changed', TG_TABLE_NAME
			USING ERRCODE = 'object_not_in_prerequisite_state',
				HINT = 'Insert a row of your own beside it; the next upgrade would undo the change.';
	END IF;
	IF TG_OP = 'DELETE' THEN
		RETURN OLD;
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION dunning.keep_shipped() IS 'Trigger: refuses to change or delete a configuration row that came with the extension';

CREATE TABLE dunning.reference_rate (
	series text CHECK (series ~ '^[A-Za-z_][A-Za-z0-9_]{0,62}$'),
	effective_on date CHECK (isfinite(effective_on)),
	rate numeric NOT NULL CHECK (abs(rate) <= 1000 AND rate = round(rate, 6)),
	known_until date CHECK (known_until >= effective_on AND isfinite(known_until)),
	source text,
	shipped boolean NOT NULL DEFAULT false,
	PRIMARY KEY (series, effective_on)
);
COMMENT ON TABLE dunning.reference_rate IS 'Annual rates by the day from which they apply: one INSERT each half-year keeps the rules of a series going';
COMMENT ON COLUMN dunning.reference_rate.series IS 'Name of the series; errors about a missing rate quote it';
COMMENT ON COLUMN dunning.reference_rate.effective_on IS 'First day of the rate; it applies on that day';
COMMENT ON COLUMN dunning.reference_rate.rate IS 'Annual rate in percent, margin included';
COMMENT ON COLUMN dunning.reference_rate.known_until IS 'Last day for which the rate is known if no later one follows; NULL: the end of its half-year';
COMMENT ON COLUMN dunning.reference_rate.source IS 'Where the rate was read';
COMMENT ON COLUMN dunning.reference_rate.shipped IS 'Whether the row came with the extension';
CREATE TRIGGER keep_shipped BEFORE UPDATE OR DELETE ON dunning.reference_rate
	FOR EACH ROW EXECUTE FUNCTION dunning.keep_shipped();

-- A rate that a user entered may be shipped by a later version: then the shipped
-- one stands, also where a dump brings the user's own back.
CREATE FUNCTION dunning.prefer_shipped() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	shipped_rate numeric;
BEGIN
	SELECT r.rate INTO shipped_rate FROM dunning.reference_rate AS r
	WHERE r.series = NEW.series AND r.effective_on = NEW.effective_on AND r.shipped;
	IF NOT FOUND OR NEW.shipped THEN
		RETURN NEW;
	END IF;
	RAISE WARNING 'the rate of series "%" on % came with pg_dunning: %', NEW.series, to_char(NEW.effective_on, 'YYYY-MM-DD'), shipped_rate;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION dunning.prefer_shipped() IS 'Trigger: leaves a reference rate out that came with the extension';
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.reference_rate
	FOR EACH ROW EXECUTE FUNCTION dunning.prefer_shipped();

-- The last day of the half-year of a day.
CREATE FUNCTION dunning.half_year_end(day date) RETURNS date
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (date_trunc('year', day::timestamp)
		+ CASE WHEN extract(month FROM day) <= 6 THEN interval '6 months' ELSE interval '1 year' END)::date - 1;
COMMENT ON FUNCTION dunning.half_year_end(date) IS 'The last day of the half-year that a day lies in';

CREATE FUNCTION dunning.series_rates(series text) RETURNS dunning.rate_history
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	gap date;
	history text;
BEGIN
	SELECT min(known) + 1 INTO gap
	FROM (SELECT coalesce(r.known_until, dunning.half_year_end(r.effective_on)) AS known,
			lead(r.effective_on) OVER (ORDER BY r.effective_on) AS next_on
		FROM dunning.reference_rate AS r WHERE r.series = series_rates.series) AS s
	WHERE s.next_on > s.known + 1;
	IF gap IS NOT NULL THEN
		RAISE EXCEPTION 'series "%" has no rate for %', series_rates.series, to_char(gap, 'YYYY-MM-DD')
			USING ERRCODE = 'invalid_parameter_value',
				DETAIL = 'A later rate exists, so the history would have a hole.',
				HINT = 'Insert the missing rate into dunning.reference_rate first.';
	END IF;
	SELECT format('%s {%s} until %s', series_rates.series,
			string_agg(to_char(r.effective_on, 'YYYY-MM-DD') || ': ' || r.rate, ', ' ORDER BY r.effective_on),
			to_char((max(ARRAY[r.effective_on, coalesce(r.known_until, dunning.half_year_end(r.effective_on))]))[2], 'YYYY-MM-DD'))
		INTO history
	FROM dunning.reference_rate AS r WHERE r.series = series_rates.series
	HAVING count(*) > 0;
	RETURN history::dunning.rate_history;
END
$$;
COMMENT ON FUNCTION dunning.series_rates(text) IS
	'The rate history of a series of dunning.reference_rate, NULL if it has no rates; error 22023 if a period in between has none';

CREATE TABLE dunning.rule (
	name text PRIMARY KEY,
	series text,
	terms text NOT NULL DEFAULT '' CHECK (series IS NOT NULL OR terms = ''),
	rule dunning.penalty_rule NOT NULL,
	description text,
	shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE dunning.rule IS 'Penalty rules by name. A rule with a series is built from dunning.reference_rate and follows it';
COMMENT ON COLUMN dunning.rule.name IS 'Name by which a ledger chooses the rule';
COMMENT ON COLUMN dunning.rule.series IS 'Series of dunning.reference_rate that the rule follows; NULL: the rule is as entered';
COMMENT ON COLUMN dunning.rule.terms IS 'What a rule with a series says after its rates: "compensation 40.00 EUR; grace 5"';
COMMENT ON COLUMN dunning.rule.rule IS 'The penalty rule; filled in for a rule with a series';
COMMENT ON COLUMN dunning.rule.description IS 'What the rule is, for people';
COMMENT ON COLUMN dunning.rule.shipped IS 'Whether the row came with the extension';

CREATE FUNCTION dunning.build_rule() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	history dunning.rate_history;
BEGIN
	IF NEW.series IS NULL THEN
		RETURN NEW;
	END IF;
	history := dunning.series_rates(NEW.series);
	IF history IS NOT NULL THEN
		NEW.rule := history::text || CASE WHEN NEW.terms = '' THEN '' ELSE '; ' || NEW.terms END;
	ELSIF NEW.rule IS NULL THEN
		RAISE EXCEPTION 'series "%" has no rates', NEW.series
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Insert its rates into dunning.reference_rate first.';
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION dunning.build_rule() IS 'Trigger: builds the value of a rule that follows a series';
CREATE TRIGGER a_keep_shipped BEFORE UPDATE OR DELETE ON dunning.rule
	FOR EACH ROW EXECUTE FUNCTION dunning.keep_shipped();
CREATE TRIGGER build_rule BEFORE INSERT OR UPDATE ON dunning.rule
	FOR EACH ROW EXECUTE FUNCTION dunning.build_rule();

CREATE FUNCTION dunning.follow_series() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE dunning.rule SET series = series WHERE series IS NOT NULL;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION dunning.follow_series() IS 'Trigger: builds the rules anew when a reference rate changes';
CREATE TRIGGER follow_series AFTER INSERT OR UPDATE OR DELETE ON dunning.reference_rate
	FOR EACH STATEMENT EXECUTE FUNCTION dunning.follow_series();

CREATE TABLE dunning.scheme (
	name text PRIMARY KEY,
	scheme dunning.aging_scheme NOT NULL,
	description text,
	shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE dunning.scheme IS 'Aging schemes by name';
COMMENT ON COLUMN dunning.scheme.name IS 'Name by which a ledger chooses the scheme';
COMMENT ON COLUMN dunning.scheme.scheme IS 'The aging scheme';
COMMENT ON COLUMN dunning.scheme.description IS 'What the scheme is, for people';
COMMENT ON COLUMN dunning.scheme.shipped IS 'Whether the row came with the extension';
CREATE TRIGGER keep_shipped BEFORE UPDATE OR DELETE ON dunning.scheme
	FOR EACH ROW EXECUTE FUNCTION dunning.keep_shipped();

CREATE TABLE dunning.procedure (
	name text PRIMARY KEY,
	procedure dunning.dunning_procedure NOT NULL,
	description text,
	shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE dunning.procedure IS 'Dunning procedures by name';
COMMENT ON COLUMN dunning.procedure.name IS 'Name by which a ledger, or a column of its items, chooses the procedure';
COMMENT ON COLUMN dunning.procedure.procedure IS 'The dunning procedure';
COMMENT ON COLUMN dunning.procedure.description IS 'What the procedure is, for people';
COMMENT ON COLUMN dunning.procedure.shipped IS 'Whether the row came with the extension';
CREATE TRIGGER keep_shipped BEFORE UPDATE OR DELETE ON dunning.procedure
	FOR EACH ROW EXECUTE FUNCTION dunning.keep_shipped();

-- Which columns a ledger can have, and the words by which they are known.

CREATE TABLE dunning.ledger_field (
	scope text CHECK (scope IN ('items', 'payments', 'customers')),
	field text,
	kind text NOT NULL CHECK (kind IN ('any', 'number', 'date', 'text', 'boolean', 'terms')),
	description text NOT NULL,
	shipped boolean NOT NULL DEFAULT false,
	PRIMARY KEY (scope, field)
);
COMMENT ON TABLE dunning.ledger_field IS 'The fields that dunning.adopt can map to columns: of the items, of a payments table, of a customers table';
COMMENT ON COLUMN dunning.ledger_field.scope IS 'Table that the column belongs to: items, payments or customers';
COMMENT ON COLUMN dunning.ledger_field.field IS 'Name of the field in the mapping';
COMMENT ON COLUMN dunning.ledger_field.kind IS 'Kind of column it takes: any, number, date, text, boolean or terms';
COMMENT ON COLUMN dunning.ledger_field.description IS 'What the field means';
COMMENT ON COLUMN dunning.ledger_field.shipped IS 'Always true: the fields are those that the code knows';

CREATE TABLE dunning.ledger_word (
	scope text,
	field text,
	word text CHECK (word ~ '^[a-z0-9_]+$'),
	rank integer NOT NULL DEFAULT 0,
	shipped boolean NOT NULL DEFAULT false,
	PRIMARY KEY (scope, field, word),
	FOREIGN KEY (scope, field) REFERENCES dunning.ledger_field
);
COMMENT ON TABLE dunning.ledger_word IS 'Column names by which dunning.adopt recognises a field, in lower case without accents; add your own';
COMMENT ON COLUMN dunning.ledger_word.scope IS 'Scope of the field';
COMMENT ON COLUMN dunning.ledger_word.field IS 'The field that the word means';
COMMENT ON COLUMN dunning.ledger_word.word IS 'A column name in lower case, without accents, other signs as _';
COMMENT ON COLUMN dunning.ledger_word.rank IS 'Which word wins where several columns fit: the lowest; words of your own come first';
COMMENT ON COLUMN dunning.ledger_word.shipped IS 'Whether the row came with the extension';
CREATE TRIGGER keep_shipped BEFORE UPDATE OR DELETE ON dunning.ledger_word
	FOR EACH ROW EXECUTE FUNCTION dunning.keep_shipped();

SELECT pg_catalog.pg_extension_config_dump('dunning.reference_rate', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('dunning.rule', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('dunning.scheme', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('dunning.procedure', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('dunning.ledger_word', 'WHERE NOT shipped');
