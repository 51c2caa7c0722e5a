-- Configuration: rows that hold values.  Shipped rows are read-only, so that an
-- upgrade can refresh them; a user's own rows stand beside them and are dumped.

CREATE FUNCTION _dunning.keep_shipped() RETURNS trigger
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
COMMENT ON FUNCTION _dunning.keep_shipped() IS 'Trigger: refuses to change or delete a configuration row that came with the extension';

-- Attached when the shipped rows are there; a script of an upgrade disables it.
CREATE FUNCTION _dunning.refuse_shipped() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RAISE EXCEPTION 'only pg_dunning itself ships rows of dunning.%', TG_TABLE_NAME
		USING ERRCODE = 'object_not_in_prerequisite_state',
			DETAIL = 'A shipped row cannot be changed and is in no dump.', HINT = 'Leave the column "shipped" out.';
END
$$;
COMMENT ON FUNCTION _dunning.refuse_shipped() IS 'Trigger: refuses a row that says it came with the extension';

-- What a user entered may be shipped by a later version: then the shipped row
-- stands, also where a dump brings the user's own back.  The arguments of the
-- trigger name the columns of the key.
CREATE FUNCTION _dunning.prefer_shipped() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	is_shipped boolean;
	key text;
BEGIN
	IF NEW.shipped THEN
		RETURN NEW;
	END IF;
	EXECUTE format('SELECT EXISTS (SELECT FROM dunning.%I AS t WHERE t.shipped AND %s)', TG_TABLE_NAME,
			(SELECT string_agg(format('t.%1$I = $1.%1$I', k), ' AND ') FROM unnest(TG_ARGV) AS k))
		INTO is_shipped USING NEW;
	IF NOT is_shipped THEN
		RETURN NEW;
	END IF;
	SELECT string_agg(coalesce(to_jsonb(NEW)->>k, ''), ', ' ORDER BY n) INTO key FROM unnest(TG_ARGV) WITH ORDINALITY AS a (k, n);
	RAISE WARNING 'the row "%" of dunning.% came with pg_dunning and stands', key, TG_TABLE_NAME;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION _dunning.prefer_shipped() IS 'Trigger: leaves a row out whose key, the columns named as arguments, is that of a row that came with the extension';

-- The text of a data file in the encoding of the database; where that has no
-- such characters a question mark stands for each.  Gone after the shipped rows.
CREATE FUNCTION _dunning.shipped_text(utf8 bytea) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN convert_from(utf8, 'UTF8');
EXCEPTION WHEN untranslatable_character OR undefined_function THEN
	-- what octets above 0x7F print as in the escape format
	RETURN regexp_replace(encode(utf8, 'escape'), '\\3[0-7][0-7](\\2[0-7][0-7])+', '?', 'g');
END
$$;
COMMENT ON FUNCTION _dunning.shipped_text(bytea) IS 'A text of UTF-8 in the encoding of the database';

-- Currencies

CREATE TABLE dunning.currency (
	code text PRIMARY KEY CHECK (code ~ '^[A-Z]{3}$'),
	decimals integer NOT NULL CHECK (decimals BETWEEN 0 AND 4),
	name text,
	source text,
	shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE dunning.currency IS
	'Currencies and their decimals, to which the interest and compensation of an item are rounded unless its rule says other ones; a currency without a row takes those of the rule';
COMMENT ON COLUMN dunning.currency.code IS 'Code of ISO 4217, as the items have it';
COMMENT ON COLUMN dunning.currency.decimals IS 'Decimals of its amounts: 0 for yen, 3 for dinars of Kuwait';
COMMENT ON COLUMN dunning.currency.name IS 'Name of the currency';
COMMENT ON COLUMN dunning.currency.source IS 'Where the decimals were read';
COMMENT ON COLUMN dunning.currency.shipped IS 'Whether the row came with the extension';
CREATE TRIGGER keep_shipped BEFORE UPDATE OR DELETE ON dunning.currency
	FOR EACH ROW EXECUTE FUNCTION _dunning.keep_shipped();
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.currency
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('code');

-- Reference rates

CREATE TABLE dunning.reference_series (
	series text PRIMARY KEY CHECK (series ~ '^[A-Za-z_][A-Za-z0-9_]{0,62}$'),
	holds text NOT NULL DEFAULT 'half-year' CHECK (holds IN ('half-year', 'year', 'until changed')),
	description text,
	source text,
	shipped boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE dunning.reference_series IS 'Series of reference rates, and for how long a rate of each holds; a series without a row is one of half-years';
COMMENT ON COLUMN dunning.reference_series.series IS 'Name of the series; errors about a missing rate quote it';
COMMENT ON COLUMN dunning.reference_series.holds IS
	'For how long a rate holds: to the end of its half-year or year, where a missing rate is an error; or until changed, to the day before the next one';
COMMENT ON COLUMN dunning.reference_series.description IS 'What the series is, for people';
COMMENT ON COLUMN dunning.reference_series.source IS 'Who publishes it';
COMMENT ON COLUMN dunning.reference_series.shipped IS 'Whether the row came with the extension';
CREATE TRIGGER keep_shipped BEFORE UPDATE OR DELETE ON dunning.reference_series
	FOR EACH ROW EXECUTE FUNCTION _dunning.keep_shipped();
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.reference_series
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('series');

-- Each rate carries what its series says of it: a dump brings tables back in
-- any order, and a rate must not be read as one of a half-year meanwhile.
CREATE TABLE dunning.reference_rate (
	series text CHECK (series ~ '^[A-Za-z_][A-Za-z0-9_]{0,62}$'),
	effective_on date CHECK (effective_on BETWEEN '0001-01-01' AND '9999-12-31'),
	rate numeric NOT NULL CHECK (abs(rate) <= 1000 AND rate = round(rate, 6)),
	known_until date CHECK (known_until >= effective_on AND isfinite(known_until)),
	holds text NOT NULL CHECK (holds IN ('half-year', 'year', 'until changed')),
	confidence text NOT NULL DEFAULT 'read' CHECK (confidence IN ('read', 'computed', 'memory')),
	source text,
	shipped boolean NOT NULL DEFAULT false,
	PRIMARY KEY (series, effective_on)
);
COMMENT ON TABLE dunning.reference_rate IS 'Annual rates by the day from which they apply: one INSERT each half-year keeps the rules of a series going';
COMMENT ON COLUMN dunning.reference_rate.series IS 'Name of the series; errors about a missing rate quote it';
COMMENT ON COLUMN dunning.reference_rate.effective_on IS 'First day of the rate; it applies on that day';
COMMENT ON COLUMN dunning.reference_rate.rate IS 'Annual rate in percent, as published: the margin of the law is in dunning.jurisdiction';
COMMENT ON COLUMN dunning.reference_rate.known_until IS 'Last day for which the rate is known if no later one follows; NULL: the end of its half-year, or year where the series holds by year';
COMMENT ON COLUMN dunning.reference_rate.holds IS 'For how long the rate holds: filled in by what dunning.reference_series says';
COMMENT ON COLUMN dunning.reference_rate.confidence IS 'read: seen in the source; computed: from values that were read; memory: not verified';
COMMENT ON COLUMN dunning.reference_rate.source IS 'Where the rate was read';
COMMENT ON COLUMN dunning.reference_rate.shipped IS 'Whether the row came with the extension';
CREATE TRIGGER keep_shipped BEFORE UPDATE OR DELETE ON dunning.reference_rate
	FOR EACH ROW EXECUTE FUNCTION _dunning.keep_shipped();
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.reference_rate
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('series', 'effective_on');

CREATE FUNCTION _dunning.set_holds() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NEW.holds IS NULL THEN
		NEW.holds := coalesce((SELECT s.holds FROM dunning.reference_series AS s WHERE s.series = NEW.series), 'half-year');
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION _dunning.set_holds() IS 'Trigger: fills in for how long a rate holds';
CREATE TRIGGER set_holds BEFORE INSERT OR UPDATE ON dunning.reference_rate
	FOR EACH ROW EXECUTE FUNCTION _dunning.set_holds();

CREATE FUNCTION _dunning.spread_holds() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE dunning.reference_rate AS r SET holds = NEW.holds
	WHERE r.series = NEW.series AND NOT r.shipped AND r.holds <> NEW.holds;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION _dunning.spread_holds() IS 'Trigger: tells the rates of a series for how long they hold';
CREATE TRIGGER spread_holds AFTER INSERT OR UPDATE ON dunning.reference_series
	FOR EACH ROW EXECUTE FUNCTION _dunning.spread_holds();

-- The last day of the period of a day.  Not strict, so that calls are inlined.
CREATE FUNCTION _dunning.half_year_end(day date) RETURNS date
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (date_trunc('year', day::timestamp)
		+ CASE WHEN extract(month FROM day) <= 6 THEN interval '6 months' ELSE interval '1 year' END)::date - 1;
COMMENT ON FUNCTION _dunning.half_year_end(date) IS 'The last day of the half-year that a day lies in';

CREATE FUNCTION _dunning.period_end(day date, every text) RETURNS date
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE every
		WHEN 'half-year' THEN _dunning.half_year_end(day)
		WHEN 'year' THEN (date_trunc('year', day::timestamp) + interval '1 year')::date - 1
		WHEN 'quarter' THEN (date_trunc('quarter', day::timestamp) + interval '3 months')::date - 1
		WHEN 'month' THEN (date_trunc('month', day::timestamp) + interval '1 month')::date - 1 END;
COMMENT ON FUNCTION _dunning.period_end(date, text) IS 'The last day of the half-year, year, quarter or month that a day lies in; NULL for another word';

-- Of a rate that holds until changed it is the end of the half-year, too.
CREATE FUNCTION _dunning.rate_end(dunning.reference_rate) RETURNS date
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN coalesce(($1).known_until, _dunning.period_end(($1).effective_on, CASE ($1).holds WHEN 'year' THEN 'year' ELSE 'half-year' END));
COMMENT ON FUNCTION _dunning.rate_end(dunning.reference_rate) IS 'The last day for which a reference rate is known if no later one follows';

-- A series that holds until changed and is the user's own has no hole, nor has
-- what was shipped of one.  Whoever goes on with a published series says the
-- rate of each period, changed or not: a later row never stands for days that
-- nobody stated.
CREATE FUNCTION dunning.series_rates(series text) RETURNS dunning.rate_history
	LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	history text;
BEGIN
	SELECT format('%s {%s} until %s%s', series_rates.series,
			string_agg(to_char(s.effective_on, 'YYYY-MM-DD') || ': ' || s.rate
				|| CASE WHEN s.next_on > s.known + 1 AND (s.holds <> 'until changed' OR s.is_published AND NOT s.next_shipped)
					THEN format(', %s: unknown', to_char(s.known + 1, 'YYYY-MM-DD')) ELSE '' END, ', ' ORDER BY s.effective_on),
			to_char((max(ARRAY[s.effective_on, s.known]))[2], 'YYYY-MM-DD'),
			CASE WHEN bool_and(s.holds = 'year') THEN ' by year' END)
		INTO history
	FROM (SELECT r.effective_on, r.rate, r.holds, _dunning.rate_end(r) AS known,
			lead(r.effective_on) OVER w AS next_on, lead(r.shipped) OVER w AS next_shipped, bool_or(r.shipped) OVER () AS is_published
		FROM dunning.reference_rate AS r WHERE r.series = series_rates.series
		WINDOW w AS (ORDER BY r.effective_on)) AS s
	HAVING count(*) > 0;
	RETURN history::dunning.rate_history;
END
$$;
COMMENT ON FUNCTION dunning.series_rates(text) IS
	'The rate history of a series of dunning.reference_rate, NULL if it has no rates; days between two rows that no row states are unknown in it, unless the series is the user''s own and holds until changed';

CREATE TYPE _dunning.rule_version AS (valid_from date, rule dunning.penalty_rule);
COMMENT ON TYPE _dunning.rule_version IS 'What a rule is for contracts from a day on';
COMMENT ON COLUMN _dunning.rule_version.valid_from IS 'First day of the contracts';
COMMENT ON COLUMN _dunning.rule_version.rule IS 'The penalty rule for them';

CREATE TABLE dunning.rule (
	name text PRIMARY KEY,
	series text,
	jurisdiction text,
	on_day date,
	rate numeric,
	allocation text,
	clauses text NOT NULL DEFAULT '',
	rule dunning.penalty_rule NOT NULL,
	description text,
	shipped boolean NOT NULL DEFAULT false,
	since date,
	earlier _dunning.rule_version[],
	CONSTRAINT rule_series_or_jurisdiction CHECK (num_nonnulls(series, jurisdiction) <= 1),
	CONSTRAINT rule_clauses_check CHECK (num_nonnulls(series, jurisdiction) = 1 OR clauses = ''),
	CONSTRAINT rule_of_jurisdiction_check CHECK (jurisdiction IS NOT NULL OR num_nonnulls(on_day, rate, allocation) = 0)
);
COMMENT ON TABLE dunning.rule IS 'Penalty rules by name. A rule with a series or a jurisdiction is built from dunning.reference_rate and follows it';
COMMENT ON COLUMN dunning.rule.name IS 'Name by which a ledger chooses the rule';
COMMENT ON COLUMN dunning.rule.series IS 'Series of dunning.reference_rate that the rule follows; NULL without a jurisdiction: the rule is as entered';
COMMENT ON COLUMN dunning.rule.jurisdiction IS 'Code in dunning.jurisdiction whose law the rule is: the argument of dunning.law_rule, as are the next three columns and the clauses';
COMMENT ON COLUMN dunning.rule.on_day IS 'Day of the contracts, whose law is taken for all items; NULL: the law of the contract of each item';
COMMENT ON COLUMN dunning.rule.rate IS 'Annual rate in percent, where the jurisdiction takes one';
COMMENT ON COLUMN dunning.rule.allocation IS 'Order in which a part payment extinguishes: principal, interest, costs, or legal; NULL: principal';
COMMENT ON COLUMN dunning.rule.clauses IS
	'What a rule with a series says after its rates: "compensation 40.00 EUR; grace 5"; with a jurisdiction, the clauses that take the place of those of the law';
COMMENT ON COLUMN dunning.rule.rule IS 'The penalty rule; filled in for a rule with a series or a jurisdiction';
COMMENT ON COLUMN dunning.rule.description IS 'What the rule is, for people';
COMMENT ON COLUMN dunning.rule.shipped IS 'Whether the row came with the extension';
COMMENT ON COLUMN dunning.rule.since IS 'First day of the contracts that the rule is for, where earlier ones have another; NULL: it is for all';
COMMENT ON COLUMN dunning.rule.earlier IS 'The rules for earlier contracts; filled in for a rule with a jurisdiction whose law changed';

-- While a dump is restored the rates or the jurisdiction may still be to come:
-- then a rule stays as it is, and is built when they are there.
CREATE FUNCTION _dunning.build_rule() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	history dunning.rate_history;
BEGIN
	IF NEW.jurisdiction IS NOT NULL THEN
		IF NEW.rule IS NULL OR _dunning.jurisdiction_is_known(NEW.jurisdiction, NEW.on_day) THEN
			NEW.rule := dunning.law_rule(NEW.jurisdiction, NEW.on_day, NEW.rate, nullif(NEW.clauses, ''), NEW.allocation);
			SELECT max(j.valid_from) INTO NEW.since FROM dunning.jurisdiction AS j WHERE j.code = NEW.jurisdiction AND NEW.on_day IS NULL;
			SELECT array_agg(ROW(j.valid_from, dunning.law_rule(j.code, j.valid_from, NEW.rate, nullif(NEW.clauses, ''),
					NEW.allocation))::_dunning.rule_version ORDER BY j.valid_from) INTO NEW.earlier
			FROM dunning.jurisdiction AS j
			WHERE j.code = NEW.jurisdiction AND j.valid_from < NEW.since AND _dunning.jurisdiction_is_known(j.code, j.valid_from);
			IF NEW.earlier IS NULL THEN
				NEW.since := NULL;
			END IF;
		END IF;
		RETURN NEW;
	END IF;
	NEW.since := NULL;
	NEW.earlier := NULL;
	IF NEW.series IS NULL THEN
		RETURN NEW;
	END IF;
	history := dunning.series_rates(NEW.series);
	IF history IS NOT NULL THEN
		NEW.rule := dunning.penalty_rule(history, NEW.clauses);
	ELSIF NEW.rule IS NULL THEN
		RAISE EXCEPTION 'series "%" has no rates', NEW.series
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'Insert its rates into dunning.reference_rate first.';
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION _dunning.build_rule() IS 'Trigger: builds the value of a rule that follows a series or a jurisdiction';
CREATE TRIGGER a_keep_shipped BEFORE UPDATE OR DELETE ON dunning.rule
	FOR EACH ROW EXECUTE FUNCTION _dunning.keep_shipped();
CREATE TRIGGER build_rule BEFORE INSERT OR UPDATE ON dunning.rule
	FOR EACH ROW EXECUTE FUNCTION _dunning.build_rule();

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

-- The lock waits for rules that another session enters, which were built
-- without what changes here: a restore of several jobs does so.
CREATE FUNCTION _dunning.follow_series() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	LOCK TABLE dunning.rule IN SHARE ROW EXCLUSIVE MODE;
	UPDATE dunning.rule SET series = series WHERE series IS NOT NULL OR jurisdiction IS NOT NULL;
	RETURN NULL;
END
$$;
COMMENT ON FUNCTION _dunning.follow_series() IS 'Trigger: builds the rules anew when a reference rate or a jurisdiction changes';
CREATE TRIGGER follow_series AFTER INSERT OR UPDATE OR DELETE ON dunning.reference_rate
	FOR EACH STATEMENT EXECUTE FUNCTION _dunning.follow_series();

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
	FOR EACH ROW EXECUTE FUNCTION _dunning.keep_shipped();

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
	FOR EACH ROW EXECUTE FUNCTION _dunning.keep_shipped();

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
	FOR EACH ROW EXECUTE FUNCTION _dunning.keep_shipped();

SELECT pg_catalog.pg_extension_config_dump('dunning.currency', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('dunning.reference_series', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('dunning.reference_rate', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('dunning.rule', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('dunning.scheme', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('dunning.procedure', 'WHERE NOT shipped');
SELECT pg_catalog.pg_extension_config_dump('dunning.ledger_word', 'WHERE NOT shipped');
