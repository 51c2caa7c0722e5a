-- Files that messages carry: read from the ERP, as whom the rules say, and remembered.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT no_plan();
CREATE FUNCTION pg_temp.today() RETURNS date LANGUAGE sql AS 'SELECT _dunning.real_day()';

CREATE TABLE facture (id integer PRIMARY KEY, numero text, client integer, email text, emise date, echeance date, montant numeric);
INSERT INTO facture SELECT v.id, 'F/' || v.id, v.client, 'c' || v.client || '@x.example', pg_temp.today() - 60, pg_temp.today() - 6, 100
	FROM (VALUES (1, 1), (2, 1), (3, 2), (4, 1)) AS v (id, client);
CREATE TABLE piece (facture integer, nom varchar(80), corps bytea, texte text);
INSERT INTO piece VALUES (1, 'facture 1.pdf', '\x255044462d31', 'x'), (1, E'../../etc/pass\nwd', '\x00ff', 'x'), (2, ' ', '\x02', 'x'), (2, 'empty', NULL, 'x'), (3, NULL, '\x03', 'x'), (9, 'of nobody', '\x09', 'x');
SELECT FROM dunning.adopt('facture', columns => '{"key": "id", "reference": "numero", "customer": "client", "email": "email", "issued_on": "emise", "due_on": "echeance", "open_amount": "montant", "amount": "montant"}', rule => NULL) \g /dev/null
SELECT dunning.run_reminders(), dunning.make_notices() \g /dev/null
SELECT notice AS first FROM dunning.notice WHERE customer = '1' \gset
SELECT notice AS second FROM dunning.notice WHERE customer = '2' \gset

SELECT throws_ok($$ SELECT dunning.save_attachments('nowhere', 'piece', 'facture', 'corps') $$, '42704', NULL, 'an unknown ledger');
SELECT throws_ok($$ SELECT dunning.save_attachments('facture', 'piece', 'invoice', 'corps') $$, '42703', 'public.piece has no column "invoice"', 'a column that is not there');
SELECT throws_ok($$ SELECT dunning.save_attachments('facture', 'piece', 'facture', 'texte') $$, '42804', 'column "texte" of public.piece is of type text', 'a file is bytes');
SELECT throws_ok($$ SELECT dunning.save_attachments('facture', 'piece', 'facture', 'corps', 'corps') $$, '42804', NULL, 'a name is a text');
SELECT throws_ok($$ SELECT dunning.save_attachments('facture', NULL, 'facture', 'corps') $$, '22004', NULL, 'from a table');
SELECT throws_ok(format('SELECT * FROM dunning.notice_files(%s)', :first), '55000', NULL, 'files of what was not taken');
SELECT FROM dunning.take_notices('email') \g /dev/null
SELECT is_empty(format('SELECT * FROM dunning.notice_files(%s)', :first), 'without a table there are none');
SELECT dunning.save_attachments('facture', 'piece', 'facture', 'corps', 'nom');
SELECT results_eq(format('SELECT item::text, name, content FROM dunning.notice_files(%s)', :first),
	$$ VALUES ('1', '_.._.._etc_pass_wd', '\x00ff'::bytea), ('1', 'facture 1.pdf', '\x255044462d31'), ('2', 'F_2.pdf', '\x02') $$, 'the files of its items, by names that are no paths');
SELECT results_eq(format('SELECT item::text, name, content FROM dunning.notice_files(%s)', :second), $$ VALUES ('3', 'F_3.pdf', '\x03'::bytea) $$, 'named by the reference');
SELECT is((SELECT n.attachments FROM dunning.notice AS n WHERE n.notice = :second), jsonb_build_array(jsonb_build_object('item', '3', 'name', 'F_3.pdf', 'bytes', 1, 'sha256', encode(sha256('\x03'), 'hex'))), 'the notice remembers them');
-- no cast and no operator of somebody is run
CREATE TYPE numero AS ENUM ('1', '3');
CREATE TABLE autre (facture numero, corps bytea);
SELECT throws_ok($$ SELECT dunning.save_attachments('facture', 'autre', 'facture', 'corps') $$, '42804', 'column "facture" of public.autre is of type public.numero', 'keys of a type of one''s own');
ALTER TABLE autre ALTER facture TYPE varchar(20) USING facture::text;
INSERT INTO autre VALUES ('3', '\x33');
SELECT dunning.save_attachments('facture', 'autre', 'facture', 'corps');
SELECT results_eq(format('SELECT name, content FROM dunning.notice_files(%s)', :second), $$ VALUES ('F_3.pdf', '\x33'::bytea) $$, 'keys of another type');

-- as whom it is read
CREATE ROLE dunning_files;
CREATE ROLE dunning_sends;
GRANT USAGE, CREATE ON SCHEMA public TO dunning_files;
GRANT SELECT ON piece TO dunning_files;
CREATE FUNCTION public.spy() RETURNS bytea LANGUAGE sql AS $$ SELECT convert_to(current_user, 'UTF8') $$;
CREATE VIEW public.spying AS SELECT 3 AS facture, public.spy() AS corps;
ALTER FUNCTION public.spy() OWNER TO dunning_files;
ALTER VIEW public.spying OWNER TO dunning_files;
SELECT dunning.save_attachments('facture', 'spying', 'facture', 'corps');
SELECT is((SELECT convert_from(f.content, 'UTF8') FROM dunning.notice_files(:second) AS f), 'dunning_files', 'what another role defined runs as this role');
SELECT dunning.save_attachments('facture', 'piece', 'facture', 'corps', 'nom');
ALTER TABLE piece ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON facture, piece TO dunning_sends;
SELECT dunning.grant_access('dunning_sends', 'runner') \g /dev/null
SET LOCAL ROLE dunning_sends;
SELECT throws_ok(format('SELECT * FROM dunning.notice_files(%s)', :second), '42501', 'the files of ledger "facture" cannot be read', 'nothing goes without files that are hidden');
RESET ROLE;
ALTER TABLE piece DISABLE ROW LEVEL SECURITY;
SET LOCAL ROLE dunning_sends;
SELECT is((SELECT count(*) FROM dunning.notice_files(:second)), 1::bigint, 'a runner reads them');
SELECT throws_ok($$ SELECT dunning.save_attachments('facture', 'piece', 'facture', 'corps') $$, '42501', NULL, 'and does not say from where');
RESET ROLE;
SELECT ok(dunning.notice_sent(:second), 'sent');
UPDATE piece SET corps = '\x44' WHERE facture = 3;
SELECT is((SELECT f.content FROM dunning.notice_files(:second) AS f), '\x44'::bytea, 'read again later');
SELECT is((SELECT n.attachments -> 0 ->> 'sha256' FROM dunning.notice AS n WHERE n.notice = :second), encode(sha256('\x03'), 'hex'), 'it remembers what it carried');
-- a message does not go without its files because the ERP changed
ALTER TABLE piece RENAME facture TO facture_id;
SELECT throws_ok(format('SELECT * FROM dunning.notice_files(%s)', :second), '42703', 'public.piece has no column "facture"', 'a column that was renamed');
ALTER TABLE piece RENAME facture_id TO facture;
ALTER TABLE piece ALTER facture TYPE public.numero USING NULL;
SELECT throws_ok(format('SELECT * FROM dunning.notice_files(%s)', :second), '42804', 'column "facture" of public.piece is of type public.numero', 'a type of somebody''s that came later');
DROP TABLE piece;
SELECT throws_ok(format('SELECT * FROM dunning.notice_files(%s)', :second), '42P01', 'the table with the files of ledger "facture" is gone', 'a table that is gone');
SELECT dunning.release_ledger('facture') \g /dev/null
SELECT is_empty('SELECT FROM dunning.attachment_source', 'a ledger that goes takes it along');
SELECT * FROM finish();
ROLLBACK;
