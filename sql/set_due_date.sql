-- The trigger that fills due dates: dunning.set_due_date.
SET client_encoding = 'UTF8';
SET datestyle = 'ISO, YMD';
SET client_min_messages = warning;
CREATE SCHEMA set_due_date_test;
SET search_path = set_due_date_test, public;

-- What a command fails with; of the context the first line
CREATE FUNCTION try(command text, OUT state text, OUT message text, OUT detail text, OUT hint text, OUT context text)
	LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
	state := '00000';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
	context := split_part(context, E'\n', 1);
END
$$;

-- What the first row fails with under a trigger that ends in the given words;
-- nothing of it stays.
CREATE FUNCTION try_trigger(timing text, action text, command text DEFAULT 'INSERT INTO wrong DEFAULT VALUES',
		relation text DEFAULT 'wrong', OUT state text, OUT message text, OUT detail text, OUT hint text)
	LANGUAGE plpgsql AS $$
BEGIN
	SELECT t.state, t.message, t.detail, t.hint INTO state, message, detail, hint
	FROM try(format('CREATE TRIGGER t %s ON %s %s; %s; DROP TRIGGER t ON %2$s', timing, relation, action, command)) AS t;
END
$$;

-- Attached by those who may only.
SELECT bool_or(a.grantee = 0) AS for_all
FROM pg_catalog.pg_proc AS p, pg_catalog.aclexplode(p.proacl) AS a
WHERE p.oid = 'dunning.set_due_date()'::regprocedure;

CREATE TABLE wrong (
	issued date, issued_at timestamp, issued_tz timestamptz, issued_text text,
	terms text, terms_typed dunning.payment_terms, terms_char char(20), terms_days integer,
	due date, due_at timestamp, due_text text, gone date,
	later date GENERATED ALWAYS AS (issued + 1) STORED,
	label text GENERATED ALWAYS AS ('net ' || terms_days) STORED
);
INSERT INTO wrong (issued) VALUES ('2026-01-01');
ALTER TABLE wrong DROP COLUMN gone;

-- The protocol
\x on
SELECT * FROM try('SELECT dunning.set_due_date()');
SELECT * FROM try_trigger('AFTER INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date(''issued'', ''terms'', ''due'')');
SELECT * FROM try_trigger('BEFORE DELETE', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date(''issued'', ''terms'', ''due'')', 'DELETE FROM wrong');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH STATEMENT EXECUTE FUNCTION dunning.set_due_date(''issued'', ''terms'', ''due'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date(''issued'', ''terms'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date(''issued'', ''terms'', ''due'', ''keep'', ''france'', ''due'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date()');
\x off
CREATE VIEW wrong_view AS SELECT issued, terms, due FROM wrong;
SELECT state, message FROM try_trigger('INSTEAD OF INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date(''issued'', ''terms'', ''due'')',
	'INSERT INTO wrong_view VALUES (NULL, NULL, NULL)', 'wrong_view');
SELECT state, message FROM try_trigger('BEFORE TRUNCATE', 'FOR EACH STATEMENT EXECUTE FUNCTION dunning.set_due_date(''issued'', ''terms'', ''due'')', 'TRUNCATE wrong');

-- The columns, the mode and the calendar
SELECT a.issued, a.terms, a.due, t.state, t.message
FROM (VALUES
	(1, 'issued', 'terms', 'due'),
	(2, 'issued', 'terms_typed', 'due'),
	(3, 'nothing', 'terms', 'due'),
	(4, 'Issued', 'terms', 'due'),
	(5, 'issued', 'nothing', 'due'),
	(6, 'issued', 'terms', 'gone'),
	(7, 'issued', 'terms', '........pg.dropped.12........'),
	(8, 'issued', 'ctid', 'due'),
	(9, 'issued', 'terms', ''),
	(10, 'issued_at', 'terms', 'due'),
	(11, 'issued_tz', 'terms', 'due'),
	(12, 'issued_text', 'terms', 'due'),
	(13, 'issued', 'terms_char', 'due'),
	(14, 'issued', 'terms_days', 'due'),
	(15, 'issued', 'terms', 'due_at'),
	(16, 'issued', 'terms', 'due_text'),
	(17, 'later', 'terms', 'due'),
	(18, 'issued', 'label', 'due'),
	(19, 'issued', 'terms', 'later'),
	(20, 'issued', 'issued', 'due'),
	(21, 'issued', 'terms', 'issued'),
	(22, 'issued', 'terms', 'terms')) AS a (n, issued, terms, due),
	try_trigger('BEFORE INSERT', format('FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date(%L, %L, %L)', a.issued, a.terms, a.due)) AS t
ORDER BY a.n;
SELECT a.mode, a.calendar, t.state, t.message
FROM (VALUES
	(1, 'keep', 'weekends'), (2, 'always', 'france'), (3, 'Keep', 'france'), (4, '', 'france'), (5, 'always ', 'france'),
	(6, 'keep', 'France'), (7, 'keep', ''), (8, 'never', 'nothing')) AS a (n, mode, calendar),
	try_trigger('BEFORE INSERT', format('FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date(''issued'', ''terms'', ''due'', %L, %L)', a.mode, a.calendar)) AS t
ORDER BY a.n;
\x on
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date(''issue'', ''terms'', ''due'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date(''issued_at'', ''terms'', ''due'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date(''issued'', ''terms_char'', ''due'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date(''issued'', ''terms'', ''due_at'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date(''issued'', ''terms'', ''later'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date(''issued'', ''terms'', ''issued'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date(''issued'', ''terms'', ''due'', ''never'')');
SELECT * FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date(''issued'', ''terms'', ''due'', ''keep'', ''nothing'')');
\x off
-- Virtual generated columns came with 18.
CREATE FUNCTION virtual_column(OUT refused text) LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('server_version_num')::integer < 180000 THEN
		refused := 'not stored, or not there';
		RETURN;
	END IF;
	EXECUTE 'CREATE TABLE virtual (issued date, terms text, due date, later date GENERATED ALWAYS AS (issued + 1) VIRTUAL)';
	SELECT CASE state WHEN '0A000' THEN 'not stored, or not there' ELSE state END INTO refused
	FROM try_trigger('BEFORE INSERT', 'FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date(''later'', ''terms'', ''due'')',
		'INSERT INTO virtual VALUES (now(), ''net 30'')', 'virtual');
	DROP TABLE virtual;
END
$$;
SELECT * FROM virtual_column();

--
-- INSERT: what is NULL is filled, what was typed in stays.
--
CREATE TABLE facture (id integer PRIMARY KEY, emise date, conditions text, echeance date, note text);
CREATE TRIGGER echeance BEFORE INSERT OR UPDATE ON facture
	FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('emise', 'conditions', 'echeance');
INSERT INTO facture (id, emise, conditions, echeance) VALUES
	(1, '2026-01-15', '30 jours', NULL),
	(2, '2026-01-15', '45 jours fin de mois', NULL),
	(3, '2026-01-15', 'fin de mois + 45 jours', NULL),
	(4, '2026-01-15', 'net 30', '2026-06-30'),
	(5, NULL, 'net 30', NULL),
	(6, NULL, 'net 30', '2026-06-30'),
	(7, '2026-01-15', NULL, NULL),
	(8, '2026-01-15', NULL, '2026-06-30'),
	(9, 'infinity', 'net 30', NULL),
	(10, '2026-01-15', 'net 30', '-infinity'),
	(11, NULL, 'no such terms', NULL),
	(12, '2026-01-15', 'no such terms', '2026-06-30')
	RETURNING id, conditions, echeance;
-- Terms in parts: the day of the last one
INSERT INTO facture (id, emise, conditions) VALUES
	(13, '2026-01-15', '30 % à la commande, solde à 60 jours nets'),
	(14, '2026-01-15', '50% net 30; 25% net 60; balance net 90'),
	(15, '2026-01-15', '2% 10 days, net 30')
	RETURNING echeance, echeance - emise AS days;
-- Through COPY, and through a plan that is used again
COPY facture (id, emise, conditions, echeance) FROM stdin;
16	2026-01-15	30 jours	\N
17	2026-01-15	30 jours	2026-06-30
\.
PREPARE add(integer, date, text) AS INSERT INTO facture VALUES ($1, $2, $3) RETURNING echeance;
EXECUTE add(18, '2026-01-15', '30 jours');
EXECUTE add(19, '2026-01-16', '31 jours');
SELECT id, echeance FROM facture WHERE id IN (16, 17) ORDER BY id;
-- A row that was there already
INSERT INTO facture (id, emise, conditions) VALUES (1, '2026-01-20', '30 jours')
	ON CONFLICT (id) DO UPDATE SET emise = excluded.emise RETURNING emise, echeance;

-- Terms that nobody can understand
\x on
SELECT * FROM try($$INSERT INTO facture (id, emise, conditions) VALUES (20, '2026-01-15', '30 jourz')$$);
SELECT * FROM try($$INSERT INTO facture (id, emise, conditions) VALUES (20, '2026-01-15', '')$$);
SELECT * FROM try($$INSERT INTO facture (id, emise, conditions) VALUES (20, '2026-01-15', 'net 36501')$$);
SELECT * FROM try($$INSERT INTO facture (id, emise, conditions) VALUES (20, '5874897-12-15', 'net 30')$$);
\x off

--
-- UPDATE
--

-- What a row becomes by an UPDATE; without the trigger, it is put there as it is.
CREATE FUNCTION change(emise text, conditions text, echeance text, assignments text, relation regclass DEFAULT 'facture') RETURNS text
	LANGUAGE plpgsql AS $$
DECLARE
	t record;
	result text;
BEGIN
	EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', relation);
	EXECUTE format('INSERT INTO %s (id, emise, conditions, echeance) VALUES (0, %L, %L, %L)', relation, emise, conditions, echeance);
	EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', relation);
	SELECT * INTO t FROM try(format('UPDATE %s SET %s WHERE id = 0', relation, assignments));
	EXECUTE format('DELETE FROM %s WHERE id = 0 RETURNING coalesce(echeance::text, ''NULL'')', relation) INTO result;
	RETURN CASE t.state WHEN '00000' THEN result ELSE t.state END;
END
$$;
CREATE VIEW changes (n, emise, conditions, echeance, assignments, why) AS VALUES
	(1, '2026-01-15', 'net 30', '2026-02-14', 'note = ''seen''', 'nothing of it changed'),
	(2, '2026-01-15', 'net 30', '2026-06-30', 'note = ''seen''', 'nothing of it changed'),
	(3, '2026-01-15', 'net 30', '2026-02-14', 'emise = ''2026-01-20''', 'it was ours'),
	(4, '2026-01-15', 'net 30', '2026-02-14', 'conditions = ''60 jours''', 'it was ours'),
	(5, '2026-01-15', 'net 30', '2026-02-14', 'conditions = ''60 jours'', emise = ''2026-01-20''', 'it was ours'),
	(6, '2026-01-15', 'net 30', '2026-02-14', 'conditions = ''30 jours''', 'ours, and the same terms'),
	(7, '2026-01-15', 'net 30', '2026-06-30', 'emise = ''2026-01-20''', 'typed in'),
	(8, '2026-01-15', 'net 30', '2026-06-30', 'conditions = ''60 jours''', 'typed in'),
	(9, '2026-01-15', 'net 30', '2026-02-14', 'echeance = ''2026-06-30''', 'typed in now'),
	(10, '2026-01-15', 'net 30', '2026-02-14', 'echeance = ''2026-06-30'', emise = ''2026-01-20''', 'typed in now'),
	(11, '2026-01-15', 'net 30', '2026-02-14', 'echeance = echeance, emise = ''2026-01-20''', 'ours, and written back'),
	(12, '2026-01-15', 'net 30', '2026-06-30', 'echeance = NULL', 'NULL is filled'),
	(13, '2026-01-15', 'net 30', '2026-06-30', 'echeance = NULL, conditions = ''60 jours''', 'NULL is filled'),
	(14, '2026-01-15', 'net 30', NULL, 'note = ''seen''', 'NULL is filled'),
	(15, '2026-01-15', 'net 30', NULL, 'conditions = ''60 jours''', 'NULL is filled'),
	(16, '2026-01-15', 'net 30', NULL, 'echeance = ''2026-06-30''', 'typed in now'),
	(17, '2026-01-15', NULL, NULL, 'conditions = ''60 jours''', 'NULL is filled'),
	(18, NULL, '60 jours', NULL, 'emise = ''2026-01-15''', 'NULL is filled'),
	(19, '2026-01-15', NULL, '2026-06-30', 'conditions = ''60 jours''', 'typed in: there were no terms'),
	(20, NULL, '60 jours', '2026-06-30', 'emise = ''2026-01-15''', 'typed in: there was no day'),
	(21, '2026-01-15', 'net 30', '2026-02-14', 'conditions = NULL', 'no terms'),
	(22, '2026-01-15', 'net 30', '2026-02-14', 'emise = NULL', 'no day of issue'),
	(23, '2026-01-15', 'net 30', '2026-02-14', 'conditions = NULL, echeance = NULL', 'no terms'),
	(24, '2026-01-15', 'net 30', '2026-02-14', 'emise = NULL, echeance = NULL', 'no day of issue'),
	(25, 'infinity', 'net 30', 'infinity', 'emise = ''2026-01-15''', 'it was ours'),
	(26, '2026-01-15', '50% net 30; balance net 60', '2026-03-16', 'emise = ''2026-01-16''', 'it was ours'),
	(27, '2026-01-15', '50% net 30; balance net 60', '2026-02-14', 'emise = ''2026-01-16''', 'typed in: not the last part');
CREATE VIEW text_changes (n, emise, conditions, echeance, assignments, why) AS VALUES
	(31, '2026-01-15', 'no such terms', '2026-06-30', 'conditions = ''60 jours''', 'typed in: nobody understood them'),
	(32, '2026-01-15', 'no such terms', '2026-06-30', 'note = ''seen''', 'nothing of it changed'),
	(33, '2026-01-15', 'no such terms', NULL, 'note = ''seen''', 'error'),
	(34, '2026-01-15', 'no such terms', NULL, 'conditions = ''60 jours''', 'NULL is filled'),
	(35, '2026-01-15', 'net 30', '2026-02-14', 'conditions = ''no such terms''', 'error'),
	(36, '2026-01-15', 'net 30', '2026-06-30', 'conditions = ''no such terms''', 'typed in, so nobody asks'),
	(37, '5874897-12-15', 'net 30', NULL, 'emise = ''2026-01-15''', 'NULL is filled'),
	(38, '5874897-12-15', 'net 30', '2026-02-14', 'emise = ''2026-01-15'', echeance = NULL', 'NULL is filled'),
	(39, '5874897-12-15', 'net 30', '2026-02-14', 'emise = ''2026-01-15''', 'error');
SELECT c.*, change(c.emise, c.conditions, c.echeance, c.assignments) AS result
FROM (TABLE changes UNION ALL TABLE text_changes) AS c ORDER BY c.n;

-- The same with the type, where each row says the same
CREATE TABLE facture_t (id integer PRIMARY KEY, emise date, conditions dunning.payment_terms, echeance date, note text);
CREATE TRIGGER echeance BEFORE INSERT OR UPDATE ON facture_t
	FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('emise', 'conditions', 'echeance', 'keep');
SELECT count(*), count(*) FILTER (WHERE change(c.emise, c.conditions, c.echeance, c.assignments) IS DISTINCT FROM
	change(c.emise, c.conditions, c.echeance, c.assignments, 'facture_t')) AS other_ones
FROM changes AS c;

-- Mode always: computed wherever there is what it takes, and nothing stays.
CREATE TABLE facture_a (id integer PRIMARY KEY, emise date, conditions varchar(40), echeance date, note text);
CREATE TRIGGER echeance BEFORE INSERT OR UPDATE ON facture_a
	FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('emise', 'conditions', 'echeance', 'always');
INSERT INTO facture_a SELECT id, emise, conditions, echeance FROM facture WHERE id BETWEEN 1 AND 11 RETURNING id, echeance;
SELECT c.n, c.emise, c.conditions, c.echeance, c.assignments, change(c.emise, c.conditions, c.echeance, c.assignments, 'facture_a') AS result
FROM (TABLE changes UNION ALL TABLE text_changes) AS c ORDER BY c.n;

-- A row that says so already goes through as it is.
CREATE TRIGGER z_same BEFORE UPDATE ON facture_a
	FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
WITH u AS (UPDATE facture_a SET emise = emise RETURNING id) SELECT count(*) FROM u;

-- One event alone
CREATE TABLE insert_only (emise date, conditions text, echeance date);
CREATE TRIGGER echeance BEFORE INSERT ON insert_only
	FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('emise', 'conditions', 'echeance');
INSERT INTO insert_only VALUES ('2026-01-15', 'net 30');
UPDATE insert_only SET conditions = 'net 60' RETURNING echeance;

--
-- Calendars
--
INSERT INTO dunning.holiday_calendar (name, calendar, description)
	VALUES ('Fermeture d''été', 'sat sun; 2026-08-03; 2026-08-04; 2026-08-05', 'test of set_due_date');
CREATE TABLE agenda (sans date, conditions text, d date, w date, f date, e date);
CREATE TRIGGER d BEFORE INSERT ON agenda FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('sans', 'conditions', 'd');
CREATE TRIGGER w BEFORE INSERT ON agenda FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('sans', 'conditions', 'w', 'keep', 'weekends');
CREATE TRIGGER f BEFORE INSERT ON agenda FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('sans', 'conditions', 'f', 'always', 'france');
CREATE TRIGGER e BEFORE INSERT ON agenda FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('sans', 'conditions', 'e', 'keep', 'Fermeture d''été');
-- 2026-07-14 is a Tuesday and a holiday in France, 2026-08-01 a Saturday
INSERT INTO agenda VALUES
	('2026-07-13', 'net 1; following business day'),
	('2026-07-13', 'net 1; preceding business day'),
	('2026-07-13', 'net 1'),
	('2026-07-02', 'net 30; following business day')
	RETURNING *;

-- Whoever writes an invoice needs no right on anything of ours, not even on
-- the schema; and he is himself afterwards.
CREATE ROLE regress_dunning_clerk;
GRANT USAGE ON SCHEMA set_due_date_test TO regress_dunning_clerk;
GRANT INSERT, SELECT ON agenda, facture_t, wrong TO regress_dunning_clerk;
CREATE TRIGGER unknown BEFORE INSERT ON wrong
	FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('issued', 'terms', 'due', 'keep', 'nothing');
BEGIN;
REVOKE USAGE ON SCHEMA dunning FROM PUBLIC;
SELECT has_table_privilege('regress_dunning_clerk', 'dunning.holiday_calendar', 'SELECT'),
	has_schema_privilege('regress_dunning_clerk', 'dunning', 'USAGE');
SET LOCAL ROLE regress_dunning_clerk;
INSERT INTO agenda VALUES ('2026-07-13', 'net 1; following business day') RETURNING f;
INSERT INTO facture_t (id, emise, conditions) VALUES (100, '2026-01-15', 'net 30') RETURNING echeance;
SELECT current_user;
SAVEPOINT s;
\set VERBOSITY sqlstate
INSERT INTO wrong (issued) VALUES ('2026-01-15');
\set VERBOSITY default
ROLLBACK TO s;
SELECT current_user;
ROLLBACK;
DROP TRIGGER unknown ON wrong;

-- A caller's search_path does not matter.
CREATE SCHEMA set_due_date_evil;
CREATE FUNCTION set_due_date_evil.due_date(date, dunning.payment_terms, dunning.calendar) RETURNS date LANGUAGE sql AS 'SELECT NULL::date';
CREATE FUNCTION set_due_date_evil.holiday_calendar(text) RETURNS dunning.calendar LANGUAGE sql AS 'SELECT NULL::dunning.calendar';
CREATE FUNCTION set_due_date_evil.never(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR set_due_date_evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = set_due_date_evil.never);
SET search_path = set_due_date_evil, pg_catalog;
INSERT INTO set_due_date_test.agenda VALUES ('2026-07-13', 'net 1; following business day') RETURNING d, w, f, e;
SET search_path = set_due_date_test, public;
DROP SCHEMA set_due_date_evil CASCADE;

--
-- Tables of every kind
--

-- Domains count.
CREATE DOMAIN day AS date;
CREATE DOMAIN future AS date CHECK (VALUE > '2026-01-31');
CREATE DOMAIN wording AS varchar(30);
CREATE DOMAIN agreed AS dunning.payment_terms;
CREATE TABLE typed (emise day, mots wording, conditions agreed, a future, b future NOT NULL DEFAULT '2026-12-31');
CREATE TRIGGER a BEFORE INSERT ON typed FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('emise', 'mots', 'a');
CREATE TRIGGER b BEFORE INSERT ON typed FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('emise', 'conditions', 'b', 'always');
INSERT INTO typed VALUES ('2026-01-15', '30 jours', 'net 60'), (NULL, '30 jours', 'net 60'), ('2026-01-15', NULL, NULL) RETURNING a, b;
\x on
SELECT * FROM try($$INSERT INTO typed VALUES ('2026-01-15', '10 jours', 'net 60')$$);
SELECT * FROM try($$INSERT INTO typed VALUES ('2026-01-15', '30 jours', 'net 5')$$);
\x off

-- Long terms, which are stored out of line
CREATE TABLE long (emise date, mots text, conditions dunning.payment_terms, a date, b date);
ALTER TABLE long SET (toast_tuple_target = 128), ALTER mots SET STORAGE EXTERNAL, ALTER conditions SET STORAGE EXTERNAL;
CREATE TRIGGER a BEFORE INSERT OR UPDATE ON long FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('emise', 'mots', 'a');
CREATE TRIGGER b BEFORE INSERT OR UPDATE ON long FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('emise', 'conditions', 'b');
INSERT INTO long SELECT '2026-01-15', t, t::dunning.payment_terms
FROM (SELECT string_agg('1.' || i || '% of the total ' || repeat(' ', 60) || 'net ' || i, '; ' ORDER BY i) || '; balance net 100' FROM generate_series(1, 59) AS i) AS long (t)
RETURNING length(mots) > 2500 AS long_text, pg_column_size(conditions) > 1200 AS long_value, a - emise AS a, b - emise AS b;
UPDATE long SET emise = '2026-01-16' RETURNING a - emise AS a, b - emise AS b;
UPDATE long SET emise = '2026-01-17', conditions = 'net 30' RETURNING a - emise AS a, b - emise AS b;

-- A partitioned table, one partition with its columns in another order
CREATE TABLE part (id integer, emise date, conditions text, echeance date) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (100);
CREATE TABLE part_2 (echeance date, gone text, conditions text, id integer, emise date);
ALTER TABLE part_2 DROP COLUMN gone;
ALTER TABLE part ATTACH PARTITION part_2 FOR VALUES FROM (100) TO (200);
CREATE TRIGGER echeance BEFORE INSERT OR UPDATE ON part
	FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('emise', 'conditions', 'echeance');
INSERT INTO part VALUES (1, '2026-01-15', 'net 30', NULL), (101, '2026-01-15', '45 jours fin de mois', NULL),
	(2, '2026-01-15', 'net 30', '2026-06-30'), (102, '2026-01-16', 'net 30', NULL);
SELECT tableoid::regclass AS partition, id, echeance FROM part ORDER BY id;
-- the first two rows change places
UPDATE part SET id = 102 - id, conditions = 'net 60' WHERE id IN (1, 101);
UPDATE part SET conditions = 'net 10' WHERE id IN (2, 102);
SELECT tableoid::regclass AS partition, id, echeance FROM part ORDER BY id;

-- Names as people write them
CREATE TABLE "Facture Été" ("N°" text PRIMARY KEY, "Émise le" date, "Conditions de règlement" text, "Date d'échéance" date);
CREATE TRIGGER "Échéance" BEFORE INSERT OR UPDATE ON "Facture Été"
	FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('Émise le', 'Conditions de règlement', 'Date d''échéance', 'always', 'Fermeture d''été');
INSERT INTO "Facture Été" VALUES ('F 1', '2026-01-15', '45 jours fin de mois'), ('F''2"', '2026-01-15', 'à réception')
	RETURNING "N°", "Date d'échéance";
SELECT state, context FROM try($$INSERT INTO "Facture Été" VALUES ('F 3', '2026-01-15', 'un de ces jours')$$);

--
-- Many rows, against plain SQL: dunning.due_date, and where it is plain
-- arithmetic, that
--
SELECT setseed(0.5);
CREATE TABLE bulk (id integer, emise date, mots text, conditions dunning.payment_terms, typed_in boolean, a date, b date, c date);
CREATE TRIGGER a BEFORE INSERT OR UPDATE ON bulk FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('emise', 'mots', 'a');
CREATE TRIGGER b BEFORE INSERT OR UPDATE ON bulk FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('emise', 'conditions', 'b', 'keep', 'france');
CREATE TRIGGER c BEFORE INSERT OR UPDATE ON bulk FOR EACH ROW EXECUTE FUNCTION dunning.set_due_date('emise', 'mots', 'c', 'always', 'target');
CREATE TABLE wordings (n serial, mots text, days integer);
INSERT INTO wordings (mots) VALUES
	('45 jours fin de mois'), ('fin de mois + 45 jours'), ('30 % à la commande, solde à 60 jours nets'),
	('2/10 net 30'), ('net 30; following business day'), ('end of month; modified following business day'), (NULL);
INSERT INTO wordings (mots, days) SELECT i || ' jours', i FROM generate_series(1, 80) AS i;
INSERT INTO bulk (id, emise, mots, conditions, typed_in, a)
SELECT r.id, r.emise, w.mots, w.mots::dunning.payment_terms, r.typed_in, CASE WHEN r.typed_in THEN '2000-01-01'::date END
FROM (SELECT i AS id, CASE WHEN random() > 0.02 THEN '2019-01-01'::date + (random() * 4000)::integer END AS emise,
		random() < 0.1 AS typed_in, 1 + (random() * 86)::integer AS n
	FROM generate_series(1, 20000) AS i) AS r
JOIN wordings AS w USING (n);
CREATE VIEW bulk_wrong AS
SELECT count(*) AS rows, count(DISTINCT b.mots) AS wordings, least(count(b.a), count(b.b), count(b.c)) > 18000 AS filled,
	count(*) FILTER (WHERE b.a IS DISTINCT FROM
		CASE WHEN b.typed_in THEN '2000-01-01' ELSE dunning.due_date(b.emise, b.mots::dunning.payment_terms) END) AS wrong_a,
	count(*) FILTER (WHERE b.b IS DISTINCT FROM dunning.due_date(b.emise, b.conditions, dunning.holiday_calendar('france'))) AS wrong_b,
	count(*) FILTER (WHERE b.c IS DISTINCT FROM dunning.due_date(b.emise, b.mots::dunning.payment_terms, dunning.holiday_calendar('target'))) AS wrong_c,
	count(*) FILTER (WHERE b.c <> CASE
		WHEN w.days IS NOT NULL THEN b.emise + w.days
		WHEN b.mots = '45 jours fin de mois' THEN (date_trunc('month', b.emise + 45) + interval '1 month - 1 day')::date
		WHEN b.mots = 'fin de mois + 45 jours' THEN (date_trunc('month', b.emise) + interval '1 month + 44 days')::date
		WHEN b.mots LIKE '30 \%%' THEN b.emise + 60
		WHEN b.mots = '2/10 net 30' THEN b.emise + 30 END) AS wrong_plain
FROM bulk AS b LEFT JOIN wordings AS w ON w.mots = b.mots;
TABLE bulk_wrong;
UPDATE bulk SET emise = emise + 7, conditions = CASE WHEN id % 2 = 0 THEN 'net 45' ELSE conditions END;
TABLE bulk_wrong;

DELETE FROM dunning.holiday_calendar WHERE name = 'Fermeture d''été';
DROP SCHEMA set_due_date_test CASCADE;
DROP ROLE regress_dunning_clerk;
