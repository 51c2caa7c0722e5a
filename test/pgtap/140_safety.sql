-- What must not happen: rights gained, reminders lost or late, books misread.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();
SET LOCAL dunning.today = '2026-03-20';

CREATE TABLE facture (id integer PRIMARY KEY, client_id integer, date_facture date, date_echeance date, montant_ttc numeric, echeance_le date);
CREATE TABLE reglement (id serial, facture_id integer, montant numeric);
INSERT INTO facture SELECT i, i % 10, '2026-02-01', '2026-03-01', 100, '2026-03-02' FROM generate_series(1, 3000) AS i;
SELECT dunning.adopt('facture', columns => '{"payments": "reglement", "due_on": "echeance_le"}', rule => NULL, watch => true) \g /dev/null

-- a past day says nothing of reminders that were raised later
SELECT is(dunning.run_reminders(dunning.today()), 3000, 'reminders are raised');
SELECT is(dunning.run_reminders('2026-01-15'), 0, 'a run for a day before the items were issued');
SELECT is((SELECT count(*) FROM dunning.reminder WHERE state = 'pending'), 3000::bigint, 'cancels none of them');
SET LOCAL dunning.today = '2020-01-01';
UPDATE facture SET montant_ttc = 101 WHERE id = 1;
SELECT is((SELECT state::text FROM dunning.reminder WHERE item = '1'), 'pending', 'nor does a change of a clerk who looks at another day');
SET LOCAL dunning.today = '2026-03-20';

-- statistics taken while nothing was pending do not make settling quadratic
SELECT dunning.mark_reminder_sent(reminder, raised_on) FROM dunning.reminder \g /dev/null
ANALYZE dunning.reminder;
INSERT INTO facture SELECT i, i % 10, '2026-02-01', '2026-03-01', 100, '2026-03-02' FROM generate_series(3001, 9000) AS i;
CREATE TEMP TABLE reads AS SELECT pg_stat_get_xact_tuples_returned('facture'::regclass) AS n;
SELECT is(dunning.run_reminders(dunning.today()), 6000, 'the next reminders are raised');
SELECT cmp_ok(pg_stat_get_xact_tuples_returned('facture'::regclass) - n, '<', 10 * 9000::bigint, 'and the ledger was read a few times, not once a reminder') FROM reads;

-- replace keeps what is not said
SELECT results_eq($$ SELECT source FROM dunning.adopt('facture', replace => true) WHERE field IN ('due_on', 'rule', 'payments.item', 'watch', 'reminders') ORDER BY field, source $$,
	$$ VALUES ('echeance_le'), ('public.reglement.facture_id'), ('9000'), (NULL), ('public.facture'), ('public.reglement') $$, 'adopted again as it was');
SELECT results_eq($$ SELECT source FROM dunning.adopt('facture', columns => '{"payments": "reglement", "due_on": "date_echeance"}', rule => 'france', watch => false, replace => true) WHERE field IN ('due_on', 'rule', 'watch') ORDER BY field $$,
	$$ VALUES ('date_echeance'), ('france') $$, 'or as it is said');

-- the day on which a reminder was sent
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
SELECT reminder AS pending FROM dunning.reminder WHERE state = 'pending' LIMIT 1 \gset
SELECT is(regexp_replace(pg_temp.try(format('SELECT dunning.mark_reminder_sent(%s, %L)', :pending, d)), '[0-9]+ cannot', 'N cannot'), e, 'sent on ' || d)
FROM (VALUES ('infinity', '22023: reminder N cannot have been sent on infinity'), ('2026-03-19', '22023: reminder N cannot have been sent on 2026-03-19'), ('2026-03-20', 'ok')) AS v (d, e);

-- an item without a key, and keys that the types cannot keep
CREATE TABLE keyless (id integer, customer integer, due_date date, open_amount numeric);
SELECT dunning.adopt('keyless') \g /dev/null
INSERT INTO keyless VALUES (NULL, 1, '2026-03-01', 5), (NULL, 1, NULL, 5), (1, 1, '2026-03-01', 5);
SELECT is(dunning.run_reminders(dunning.today(), 'keyless'), 1, 'an item without a key does not stop the others');
SELECT results_eq('SELECT item::text, message FROM dunning.run_problem WHERE ledger = ''keyless''', $$ VALUES ('(no key)', 'the key is missing') $$, 'and is seen as a problem');
SELECT is(pg_temp.try('CREATE TABLE by_day (id date PRIMARY KEY, customer integer, due_date date, open_amount numeric); SELECT dunning.adopt(''by_day'')'),
	'42804: column "id" of public.by_day cannot be a key: it is of type date', 'a key whose text depends on a setting');
CREATE TYPE public.dated AS (n integer, day date);
CREATE TYPE public.twice_dated AS (d dated[]);
CREATE DOMAIN days AS date[];
SELECT is(pg_temp.try(format('CREATE TABLE by_part (id %s PRIMARY KEY, customer integer, due_date date, open_amount numeric); SELECT dunning.adopt(''by_part'')', type)),
	'42804: column "id" of public.by_part cannot be a key: it is of type ' || type, 'also inside another type: ' || type)
FROM unnest(ARRAY['date[]', 'daterange', 'tsmultirange', 'public.dated', 'public.twice_dated', 'public.dated[]']) AS type;
SELECT is(pg_temp.try('CREATE TABLE by_days (id days PRIMARY KEY, customer integer, due_date date, open_amount numeric); SELECT dunning.adopt(''by_days'')'),
	'42804: column "id" of public.by_days cannot be a key: it is of type date[]', 'and under a domain');
SELECT is(pg_temp.try('CREATE TABLE by_class (id regclass PRIMARY KEY, customer integer, due_date date, open_amount numeric); SELECT dunning.adopt(''by_class'')'),
	'42804: column "id" of public.by_class cannot be a key: it is of type regclass', 'or on the search_path');
SELECT is(pg_temp.try('CREATE TABLE in_real (id integer PRIMARY KEY, customer integer, due_date date, balance real); SELECT dunning.adopt(''in_real'', columns => ''{"open_amount": "balance"}'')'),
	'42804: column "balance" of public.in_real is of type real', 'amounts in real are refused');
CREATE TABLE in_double (id integer PRIMARY KEY, customer integer, due_date date, amount double precision);
CREATE TABLE paid_double (invoice_id integer, amount double precision);
INSERT INTO in_double VALUES (1, 1, '2026-03-01', 123456700), (2, 1, '2026-03-01', 0.3);
INSERT INTO paid_double SELECT 1, 123456.7 FROM generate_series(1, 1000);
INSERT INTO paid_double VALUES (2, 0.1), (2, 0.2);
SELECT dunning.adopt('in_double', columns => '{"payments": "paid_double"}') \g /dev/null
SELECT is((SELECT count(*) FROM dunning.open_item WHERE ledger = 'in_double'), 0::bigint, 'amounts in double precision are added up exactly');

-- a partition of what is adopted, and a table that is gone
CREATE TABLE parted (id integer, customer integer, due_date date, open_amount numeric, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
SELECT dunning.adopt('parted') \g /dev/null
SELECT is(pg_temp.try('SELECT dunning.adopt(''parted_1'')'), '42710: the partitioned table of public.parted_1 is adopted already, or a partition of it is', 'items would count twice');
SELECT is(pg_temp.try('SELECT dunning.adopt(''public.temporary'') FROM (SELECT 1) AS s'), '42P01: relation "public.temporary" does not exist', 'no such table');
DROP TABLE keyless CASCADE;
SELECT is(pg_temp.try('SELECT count(*) FROM dunning.open_item WHERE ledger = ''keyless'''), '55000: ledger "keyless" cannot be read', 'a ledger whose table was dropped');
SELECT is(pg_temp.try('SELECT count(*) FROM dunning.open_item WHERE ledger = ''parted'''), 'ok', 'keeps nobody from reading the others');
SELECT is(pg_temp.try('SELECT dunning.run_reminders(''2026-03-01'')'), 'ok', 'nor a run from its work');
SELECT is((SELECT array_agg(ledger || ': ' || message ORDER BY ledger) FROM dunning.run_problem WHERE run = (SELECT max(run) FROM dunning.run_log) AND item = ''),
	ARRAY['keyless: ledger "keyless" cannot be read'], 'which sets it aside');
SELECT is(pg_temp.try('SELECT dunning.adopt(''parted'', replace => true)'), 'ok', 'a dropped table of another ledger is no obstacle');
SELECT is(pg_temp.try('SELECT count(*) FROM dunning.open_item'), '55000: ledger "keyless" cannot be read', 'but is named to who reads all');
SELECT is(pg_temp.try('SELECT dunning.release_ledger(''keyless'')'), 'ok', 'and released');
SELECT is(pg_temp.try('SELECT dunning.adopt(''parted'', replace => true)'), 'ok', 'after which all is well');

-- the owner of a view gains nothing from being watched
CREATE ROLE dunning_erp;
CREATE TABLE base (id integer PRIMARY KEY, customer integer, due_date date, amount numeric);
CREATE TABLE pay (invoice_id integer, amount numeric);
CREATE VIEW vi AS SELECT * FROM base;
ALTER VIEW vi OWNER TO dunning_erp;
GRANT SELECT ON base TO dunning_erp;
GRANT SELECT, INSERT ON pay TO dunning_erp;
INSERT INTO base VALUES (1, 1, '2026-03-01', 10);
SELECT is(pg_temp.try('SELECT dunning.adopt(''vi'', columns => ''{"key": "id", "payments": "pay"}'', watch => true)'), 'ok', 'a view of another''s is watched');
SELECT is(dunning.run_reminders(dunning.today(), 'vi'), 1, 'a reminder of the view');
SELECT is(dunning.ledger_reader('vi')::regrole::text, 'dunning_erp', 'and read as its owner');
REVOKE SELECT ON base FROM dunning_erp;
SELECT is(pg_temp.try('INSERT INTO pay VALUES (1, 10)'), 'ok', 'whose payments go on when he may not read it any more');
SELECT is((SELECT state::text FROM dunning.reminder WHERE ledger = 'vi'), 'pending', 'but settle nothing');
GRANT SELECT ON base TO dunning_erp;
SELECT dunning.release_ledger(l.ledger) FROM dunning.ledger AS l WHERE l.ledger <> 'vi' \g /dev/null
SELECT is(pg_temp.try('INSERT INTO pay VALUES (1, 0)'), 'ok', 'and when he may');
SELECT is((SELECT state::text FROM dunning.reminder WHERE ledger = 'vi'), 'cancelled', 'they do');

-- a rate that is shipped stands
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('ecb_mro', '2026-06-17', 99), ('ecb_mro', '2027-01-01', 2.65);
SELECT results_eq('SELECT rate FROM dunning.reference_rate WHERE series = ''ecb_mro'' AND effective_on >= ''2026-06-17'' ORDER BY effective_on',
	'VALUES (2.40), (2.65)', 'a user''s own rate of the same day is left out');

SELECT * FROM finish();
ROLLBACK;
