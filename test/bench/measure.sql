-- Read before each part of the bench: ratios of pg_dunning against SQL written
-- by hand, in one session.
\set QUIET on
SET client_min_messages = warning;
CREATE EXTENSION pg_dunning;
\pset footer off

-- best of three, in milliseconds, and the answer, so that both sides are seen to agree
CREATE TABLE measure (what text, way text, ms numeric, answer text);
CREATE FUNCTION measure(what text, way text, query text, times integer DEFAULT 3) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz;
	best numeric;
	took numeric;
	answer text;
BEGIN
	FOR i IN 1 .. times LOOP
		began := clock_timestamp();
		EXECUTE query INTO answer;
		took := extract(epoch FROM clock_timestamp() - began) * 1000;
		best := least(best, took);
	END LOOP;
	INSERT INTO measure VALUES (what, way, best, answer);
END $$;

-- the time of the processor that this server process used, in milliseconds: others on the machine play no part
CREATE FUNCTION cpu() RETURNS numeric LANGUAGE sql AS $$
	SELECT (s[12]::numeric + s[13]::numeric) * 10 FROM string_to_array(regexp_replace(pg_read_file('/proc/' || pg_backend_pid() || '/stat'), '^.*\) ', ''), ' ') AS s $$;
CREATE FUNCTION measure_cpu(what text, way text, query text, times integer DEFAULT 3) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	began numeric;
	best numeric;
	answer text;
BEGIN
	FOR i IN 1 .. times LOOP
		began := cpu();
		EXECUTE query INTO answer;
		best := least(best, cpu() - began);
	END LOOP;
	INSERT INTO measure VALUES (what, way, best, answer);
END $$;
