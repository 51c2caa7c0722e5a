-- Shipped rows stay as they are, and the rules that follow a rate that somebody enters.
\set VERBOSITY terse
BEGIN;

-- A trigger of somebody else changes no shipped row either.
CREATE TABLE by_the_way (statement text);
CREATE FUNCTION by_the_way() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE NEW.statement; RETURN NEW; END $$;
CREATE TRIGGER by_the_way BEFORE INSERT ON by_the_way FOR EACH ROW EXECUTE FUNCTION by_the_way();
CREATE FUNCTION try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(hint, ''));
END $$;
SELECT statement, try(statement), try(format('INSERT INTO by_the_way VALUES (%L)', statement)) AS by_a_trigger
FROM (VALUES
	('UPDATE dunning.currency SET decimals = 0 WHERE code = ''EUR'''),
	('UPDATE dunning.reference_rate SET rate = 1 WHERE series = ''ecb_mro'''),
	('UPDATE dunning.jurisdiction SET margin = 1 WHERE code = ''FR'''),
	('UPDATE dunning.scheme SET scheme = ''10'' WHERE name = ''standard'''),
	('UPDATE dunning.rule SET clauses = ''grace 5'' WHERE name = ''FR'''),
	('UPDATE dunning.rule SET description = ''mine'' WHERE name = ''FR'''),
	('DELETE FROM dunning.rule WHERE name = ''FR'''),
	('DELETE FROM dunning.holiday_calendar WHERE name = ''target''')) AS v (statement);

-- Nor does one that changes the row that is written.
CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW := jsonb_populate_record(NEW, TG_ARGV[0]::jsonb); RETURN NEW; END $$;
SAVEPOINT changed;
CREATE TRIGGER z BEFORE UPDATE ON dunning.rule FOR EACH ROW EXECUTE FUNCTION change('{"rule": "99%"}');
SELECT try('INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (''ecb_mro'', ''2031-01-01'', 2)');
ROLLBACK TO changed;
CREATE TRIGGER z BEFORE INSERT OR UPDATE ON dunning.scheme FOR EACH ROW EXECUTE FUNCTION change('{"shipped": true}');
SELECT try('INSERT INTO dunning.scheme (name, scheme) VALUES (''mine'', ''30'')');
ROLLBACK TO changed;
-- rows of one's own are one's own
INSERT INTO dunning.scheme (name, scheme) VALUES ('mine', '30');
SELECT try('INSERT INTO by_the_way VALUES (''UPDATE dunning.scheme SET scheme = ''''40'''' WHERE name = ''''mine'''''')');
SELECT try('UPDATE dunning.scheme SET shipped = true WHERE name = ''mine''');

-- Who may enter a rate, a series or a law needs no right on the rules, which follow.
CREATE ROLE dunning_accountant;
GRANT INSERT, UPDATE ON dunning.reference_rate TO dunning_accountant;
GRANT INSERT ON dunning.reference_series, dunning.jurisdiction TO dunning_accountant;
INSERT INTO dunning.reference_series (series, holds) VALUES ('ours', 'year');
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('ours', '2025-01-01', 5);
INSERT INTO dunning.rule (name, series, clauses) VALUES ('ours', 'ours', 'grace 3');
SET ROLE dunning_accountant;
INSERT INTO dunning.reference_series (series, holds) VALUES ('theirs', 'year');
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('ours', '2026-01-01', 6), ('ecb_mro', '2027-01-01', 2), ('theirs', '2026-01-01', 7);
UPDATE dunning.reference_rate SET rate = 6.5 WHERE series = 'ours' AND effective_on = '2026-01-01';
INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, series) VALUES ('T', 'business', 'test', '2020-01-01', 'theirs');
SELECT try(statement) FROM (VALUES ('SELECT FROM dunning.rule'), ('UPDATE dunning.rule SET series = series'),
	('DELETE FROM dunning.reference_rate'), ('SELECT _dunning.follow_series()')) AS v (statement);
SELECT current_user;
RESET ROLE;
SELECT name, rule FROM dunning.rule WHERE name = 'ours';
SELECT dunning.rate_on(dunning.rate_history(rule), '2027-01-01') FROM dunning.rule WHERE name = 'FR';

-- A series that nothing names may be one that is written wrongly.
\set VERBOSITY default
\set SHOW_CONTEXT never
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('ecb_mr0', '2027-07-01', 2), ('ecb_mr0', '2028-01-01', 2);
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('ecb_mr0', '2028-07-01', 2);
-- as a dump does
INSERT INTO dunning.reference_rate (series, effective_on, rate, holds) VALUES ('restored', '2028-07-01', 2, 'year');

-- An optional argument that is NULL counts as omitted.
SELECT c.allowed, to_char(c.latest, 'YYYY-MM-DD') AS latest FROM dunning.check_terms('FR', '2024-01-01', '2024-02-15') AS c
UNION ALL SELECT c.allowed, to_char(c.latest, 'YYYY-MM-DD') FROM dunning.check_terms('FR', '2024-01-01', '2024-02-15', NULL, NULL, NULL, NULL) AS c
UNION ALL SELECT c.allowed, to_char(c.latest, 'YYYY-MM-DD') FROM dunning.check_terms('FR', NULL, '2024-02-15') AS c
UNION ALL SELECT c.allowed, to_char(c.latest, 'YYYY-MM-DD') FROM dunning.check_terms(NULL, '2024-01-01', '2024-02-15') AS c
UNION ALL SELECT c.allowed, to_char(c.latest, 'YYYY-MM-DD') FROM dunning.check_terms('FR', '2024-01-01', NULL) AS c;
ROLLBACK;
