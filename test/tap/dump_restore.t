#!/usr/bin/env perl
# A dump restored elsewhere: the same rows, the same answers, the same dump.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use File::Temp;
use IPC::Run ();
use Test::More;

$ENV{PGOPTIONS} = '-c dunning.today=2026-03-20';
my $bin = $ENV{DUNNING_BINDIR};
my $folder = File::Temp->newdir;
my $db = database('dunning_dumped');
value($db, <<'SQL');
DROP ROLE IF EXISTS dunning_dump_reader, dunning_dump_collector, dunning_dump_runner;
CREATE ROLE dunning_dump_reader;
CREATE ROLE dunning_dump_collector;
CREATE ROLE dunning_dump_runner;

-- a ledger with a generated column, its payments and its customers
CREATE TABLE public.client (id integer PRIMARY KEY, nom text);
CREATE TABLE public.facture (
	id integer PRIMARY KEY, client_id integer REFERENCES public.client, date_facture date, date_echeance date, montant_ttc numeric,
	bucket integer GENERATED ALWAYS AS (dunning.aging_bucket(date_echeance, date '2026-03-20', '30,60,90'::dunning.aging_scheme)) STORED,
	scheme dunning.aging_scheme DEFAULT '10,20',
	CHECK (dunning.days_past_due(date_echeance, date_facture) <= 0));
CREATE TABLE public.reglement (facture_id integer REFERENCES public.facture, date_reglement date, montant numeric);
CREATE INDEX ON public.reglement (facture_id);
CREATE INDEX ON public.facture (dunning.is_overdue(date_echeance, '2026-03-20'));
INSERT INTO public.client SELECT k, 'Client ' || k FROM generate_series(1, 20) AS k;
INSERT INTO public.facture SELECT k, 1 + k % 20, date '2026-01-01', date '2026-02-01' + k % 70, k FROM generate_series(1, 300) AS k;
INSERT INTO public.reglement SELECT k, date '2026-03-01' + k % 40, k / 2 FROM generate_series(1, 300, 3) AS k;

-- a second one, of names that need care, over a view
CREATE SCHEMA "Été";
CREATE TABLE "Été"."Pièces" ("N°" text PRIMARY KEY, "Tiers" text, "Échéance" date, "Solde" numeric);
INSERT INTO "Été"."Pièces" SELECT 'P''' || k, 'T' || k % 5, date '2026-02-01' + k, k FROM generate_series(1, 40) AS k;
CREATE VIEW "Été"."Vue ""d'ensemble""" AS SELECT "N°" AS id, "Tiers", "Échéance", "Solde" FROM "Été"."Pièces";

-- an ERP by a profile of one's own
CREATE SCHEMA books;
CREATE TABLE books.invoice (id integer PRIMARY KEY, customer integer, due date, total numeric);
INSERT INTO books.invoice SELECT k, k % 7, date '2026-02-01' + k, k FROM generate_series(1, 30) AS k;
INSERT INTO dunning.erp (name, title, description) VALUES ('books', 'Books', 'its invoices');
CREATE FUNCTION _dunning.erp_books_detect(schema name) RETURNS TABLE (version text, sure numeric, evidence text)
	LANGUAGE sql STABLE AS $f$ SELECT '1', 1.0, 'invoice' WHERE schema = 'books' AND _dunning.erp_has(schema, 'invoice', 'id', 'due', 'total') $f$;
CREATE FUNCTION _dunning.erp_books_views(schema name, version text) RETURNS TABLE (view name, query text, description text)
	LANGUAGE sql STABLE AS $f$ SELECT 'item'::name, format('SELECT i.id AS key, i.customer, i.due AS due_on, i.total AS open_amount FROM %I.invoice AS i', schema), 'invoices' $f$;
SELECT FROM dunning.adopt_erp('books');

-- configuration of one's own
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES
	('ecb_mro', '2027-01-01', 2.40), ('house', '2025-01-01', 7), ('house', '2025-07-01', 7.5), ('house', '2026-01-01', 8);
-- a series whose rates would have holes if it were one of half-years
INSERT INTO dunning.reference_series (series, holds, description) VALUES ('fixing', 'until changed', 'ours');
INSERT INTO dunning.reference_rate (series, effective_on, rate, known_until, confidence) VALUES
	('fixing', '2020-05-15', 3.25, NULL, 'memory'), ('fixing', '2024-02-01', 4.5, '2026-03-31', 'read');
INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, series, every, on_day, margin, round_up_to, clauses) VALUES
	('OURS', 'business', 'our terms', '2020-01-01', 'fixing', 'half-year', 'day before', 5, 0.5, 'compensation 15 CHF');
INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, fixed_rate) VALUES ('DE', 'business', 'a law to come', '2030-01-01', 20);
INSERT INTO dunning.mention (jurisdiction, language, text) VALUES ('OURS', 'fr', 'Taux annuel de {rate}.'), ('FR', 'fr', 'Taux annuel de {rate}.');
INSERT INTO dunning.rule (name, jurisdiction, clauses) VALUES ('aab', 'OURS', 'grace 3');
INSERT INTO dunning.rule (name, jurisdiction, on_day, rate, allocation) VALUES ('agreed', 'FR-contract', '2026-01-01', 12.5, 'legal');
INSERT INTO dunning.rule (name, series, clauses, description) VALUES ('house', 'house', 'compensation 15 CHF', 'ours');
INSERT INTO dunning.rule (name, rule) VALUES ('flat', '9%; grace 3');
INSERT INTO dunning.rule (name, series) VALUES ('aaa', 'ecb_mro');
INSERT INTO dunning.procedure (name, procedure) VALUES ('hard', '3 email "Un ""mot"""; 10 letter fee 15 EUR min 5 EUR; mode jump');
INSERT INTO dunning.scheme (name, scheme) VALUES ('weeks', '7,14,21');
INSERT INTO dunning.ledger_word (scope, field, word) VALUES ('items', 'due_on', 'a_regler_le');
INSERT INTO dunning.hold_reason (name, label_en, label_fr, stops, then_do, longest_days) VALUES ('retention', 'Retention', 'Retenue de garantie', 'automatic', 'restart', 30);
INSERT INTO dunning.dispute_category (code, label_en) VALUES ('OURS', 'Ours');
SELECT dunning.save_template('first_reminder', 'fr', E'Bonjour {{customer.name}}\\n{{> items}}', subject => 'Relance', channel => 'email', valid_from => '2026-01-01');
SQL
value($db, q(SELECT dunning.adopt('public.facture', columns => '{"payments": "reglement", "attributes": {"who": "client_id"}}', watch => true)));
value($db, q(SELECT dunning.adopt(format('%I.%I', 'Été', 'Vue "d''ensemble"')::regclass, 'pièces', procedure => 'hard', rule => 'house', scheme => 'weeks')));
# one that is released to be adopted again
value($db, q(CREATE TABLE public.attente (id integer PRIMARY KEY, client integer, echeance date, solde numeric)));
value($db, q(SELECT dunning.adopt('public.attente', columns => '{"key": "id", "customer": "client", "due_on": "echeance", "open_amount": "solde"}', rule => NULL)));
value($db, q(SELECT dunning.release_ledger('attente', keep => true)));
value($db, q(SELECT dunning.run_reminders(day::date) FROM generate_series(timestamp '2026-02-10', '2026-03-20', interval '3 days') AS day));
value($db, q(INSERT INTO "Été"."Pièces" VALUES ('NULL', 'T', NULL, 5); SELECT dunning.run_reminders(dunning.today())));
value($db, q(SELECT dunning.mark_reminder_sent(reminder, dunning.today()) FROM dunning.reminder WHERE state = 'pending' AND reminder % 2 = 0));
value($db, q(SELECT dunning.skip_reminder(reminder, 'a reason') FROM dunning.reminder WHERE state = 'pending' AND reminder % 7 = 0));
value($db, q(SELECT dunning.cancel_reminder(reminder, 'a reason', '2026-03-20') FROM dunning.reminder WHERE state = 'pending' AND reminder % 5 = 0));
value($db, q(SELECT dunning.claim_penalties('2026-03-20')));
value($db, q(INSERT INTO dunning.ledger_rule (ledger, value, rule) VALUES ('facture', 'CHF', NULL)));
value($db, <<'SQL');
SELECT dunning.hold_item('facture', '3', 'dispute', '2026-03-01', note => 'il a appelé', amount => 1.5, category => 'OURS', external_id => 'a');
SELECT dunning.hold_item('pièces', 'P''1', 'retention', '2026-03-01');
SELECT dunning.hold_items('facture', '{6,9}', 'manual', '2026-03-02', '2026-03-25');
SELECT dunning.hold_customer('facture', '2', 'insolvency', '2026-03-10');
SELECT dunning.merge_customer('facture', 'before', '2', 'a key that changed');
SELECT dunning.release_hold(dunning.hold_ledger('books', 'manual', '2026-03-11'), 'a reason', '2026-03-15');
SELECT dunning.resolve_dispute(dunning.hold_item('facture', '12', 'dispute', '2026-03-01'), 'partly', '2026-03-09', 5);
SELECT dunning.insolvency('3', '2026-03-05', ledger => 'facture');
INSERT INTO dunning.ledger_setting (ledger, statements_within) VALUES ('books', '900 days');
INSERT INTO dunning.tolerance (currency, amount) VALUES ('EUR', 0.01);
SELECT dunning.statements_loaded('facture', '2026-03-18');
SELECT dunning.promise_to_pay('facture', NULL, 1, '2030-01-01', ARRAY['21']::dunning.item_key[], promised_by => 'Été');
SELECT dunning.end_assignment(dunning.assign('facture', 'owner', 'zoé', item => '21', from_day => '2026-03-01'), 'a reason', '2026-03-15'), dunning.assign('facture', 'language', 'fr', from_day => '2026-03-01');
SELECT dunning.end_absence(dunning.note_absence('zoé', '2026-03-01', '2026-03-31', 'été'), 'a reason', '2026-03-15');
SELECT dunning.agree_plan('facture', ARRAY['24']::dunning.item_key[], '2030-01-01', 2);
SELECT dunning.note_handover_return((dunning.hand_over('facture', '{27}', 'Été SA', 'agency'))[1], 5, 1), dunning.hand_over('facture', '{30}', 'Me Roux', 'lawyer'), dunning.recall_item('facture', '30', 'a reason');
INSERT INTO dunning.archive (relation, number, ledger, fact, reason, keep_until) VALUES ('hold', '1', 'facture', '{"note": "é"}', 'a reason', '2030-01-01');
INSERT INTO dunning.retention (kind, kept_for) VALUES ('books', '6 years');
SELECT dunning.cancel_contact(dunning.log_contact('facture', NULL, 'call', items => '{33}', promised => 1, promised_for => '2030-01-01', next_on => '2030-01-02', next_time => '10:30', external_id => 'c1'), 'a reason');
INSERT INTO dunning.contact_code (about, code, label_en, reached) VALUES ('outcome', 'ours', 'ours', true);
INSERT INTO dunning.channel (channel, message, label_en) VALUES ('briefing', false, 'briefing');
INSERT INTO dunning.procedure (name, procedure) VALUES ('briefed', '5 briefing');
CREATE TABLE public.piece_jointe (facture integer, contenu bytea);
SELECT dunning.save_attachments('facture', 'public.piece_jointe', 'facture', 'contenu');
SELECT dunning.save_recipient('facture', '3', 'Éva', email => 'eva@x.example'), dunning.save_sender('ACME', iban => 'FR1420041010050500013M02606');
SELECT dunning.end_payee(dunning.note_payee('facture', 'FACTOR', 'DE71110220330123456789', '2026-01-01', '{3}'), 'a reason', '2026-02-01');
SELECT dunning.einvoice_event('facture', '15', '208', '2026-03-01', 'JUSTIF_ABS', external_id => 'e1'), dunning.einvoice_event('facture', '15', '999', '2026-03-02');
SQL
value($db, q(SELECT dunning.make_notices()));
value($db, q(SELECT count(*) FROM dunning.take_notices('email', 2)));
value($db, <<'SQL');
CREATE VIEW public.to_do AS SELECT ledger, item, level, channel FROM dunning.worklist WHERE state = 'due';
CREATE MATERIALIZED VIEW public.aged AS
	SELECT ledger, customer, dunning.aged_balance(open_amount, due_on, date '2026-03-20', '30,60,90') AS balance FROM dunning.open_item GROUP BY 1, 2;
GRANT SELECT ON dunning.open_item, dunning.worklist, dunning.ledger, dunning.scheme TO dunning_dump_reader;
GRANT EXECUTE ON PROCEDURE dunning.run TO dunning_dump_reader;
SELECT FROM dunning.grant_access('dunning_dump_collector', 'collector', 'facture');
SELECT FROM dunning.grant_access('dunning_dump_runner', 'runner');
SQL

# What must be the same: every table of the extension, and the answers
my @tables = split /\n/, value($db, <<'SQL');
SELECT c.oid::regclass FROM pg_class c JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_dunning') ORDER BY 1
SQL
my %answer = (
	(map { ("the table $_" => "SELECT t::text FROM $_ AS t ORDER BY 1") } @tables),
	'the open items' => 'SELECT o::text FROM dunning.open_item AS o ORDER BY 1',
	'the open items of another day' => q(SET dunning.today = '2026-03-05'; SELECT o::text FROM dunning.open_item AS o ORDER BY 1),
	'the work list' => 'SELECT w::text FROM dunning.worklist AS w ORDER BY 1',
	'the next numbers' => q(SELECT last_value, is_called FROM dunning.reminder_reminder_seq UNION ALL SELECT last_value, is_called FROM dunning.run_log_run_seq
		UNION ALL SELECT last_value, is_called FROM dunning.hold_hold_seq UNION ALL SELECT last_value, is_called FROM dunning.einvoice_log_event_seq),
	'the holds of a day' => q(SELECT h::text FROM dunning.hold_as_of('2026-03-20', language => 'fr') AS h),
	'what an index answers' => q(SELECT count(*) FROM public.facture WHERE dunning.is_overdue(date_echeance, '2026-03-20')),
	'a generated column' => 'SELECT id, bucket, scheme FROM public.facture ORDER BY id',
	'a view' => 'SELECT v::text FROM public.to_do AS v ORDER BY 1',
	'a materialized view' => 'SELECT v::text FROM public.aged AS v ORDER BY 1',
	'the view of the open items' => q(SELECT pg_get_viewdef('dunning.open_item'::regclass), pg_get_functiondef('dunning.open_items()'::regprocedure)),
	'the views of the ledgers' => q(SELECT c.relname, c.reloptions, c.relacl, pg_get_userbyid(c.relowner), pg_get_viewdef(c.oid), obj_description(c.oid, 'pg_class')
		FROM pg_class AS c WHERE c.relnamespace = '_dunning'::regnamespace AND c.relkind = 'v' ORDER BY 1),
	'the functions of the ledgers' => q(SELECT pg_get_functiondef(p.oid), pg_get_userbyid(p.proowner), has_function_privilege('public', p.oid, 'EXECUTE'), obj_description(p.oid, 'pg_proc')
		FROM pg_proc AS p WHERE p.proname ~ '^ledger_(items|whole)_[0-9]+$' ORDER BY p.oid::regprocedure::text COLLATE "C"),
	'the next number of a ledger' => 'SELECT last_value, is_called FROM dunning.ledger_id_seq',
	'the rates that are missing' => q(SELECT r::text FROM dunning.missing_rates('2027-07-01') AS r),
	'a sentence' => q(SELECT dunning.penalty_mention(j, 'fr', '2026-03-01') FROM unnest(ARRAY['FR', 'OURS', 'DE']) AS j),
	'the rights' => q(SELECT has_table_privilege('dunning_dump_reader', 'dunning.worklist', 'SELECT'), has_table_privilege('dunning_dump_reader', 'dunning.reminder', 'SELECT'),
		has_function_privilege('dunning_dump_reader', 'dunning.run(date, name)', 'EXECUTE'), has_function_privilege('dunning_dump_reader', 'dunning.run_reminders(date, name)', 'EXECUTE')),
	'what a role limited to a ledger sees' => q(SET ROLE dunning_dump_collector; SELECT DISTINCT ledger FROM dunning.reminder; SELECT count(*) FROM dunning.reminder; SELECT count(*) FROM dunning.claim),
	'all that was granted' => q(SELECT c.oid::regclass::text COLLATE "C", a.privilege_type, pg_get_userbyid(a.grantee), t.attname FROM pg_class AS c
		LEFT JOIN pg_attribute AS t ON t.attrelid = c.oid AND t.attacl IS NOT NULL CROSS JOIN LATERAL aclexplode(c.relacl || t.attacl) AS a
		WHERE c.relnamespace IN ('dunning'::regnamespace, '_dunning'::regnamespace) AND pg_get_userbyid(a.grantee) ~ '^dunning_dump'
		UNION ALL SELECT p.oid::regprocedure::text, a.privilege_type, pg_get_userbyid(a.grantee), NULL FROM pg_proc AS p CROSS JOIN LATERAL aclexplode(p.proacl) AS a
		WHERE p.pronamespace IN ('dunning'::regnamespace, '_dunning'::regnamespace) AND pg_get_userbyid(a.grantee) ~ '^dunning_dump' ORDER BY 1, 2, 3, 4),
	'the policies' => q(SELECT p.tablename, p.policyname, p.cmd, p.qual, p.with_check, c.relrowsecurity FROM pg_policies AS p
		JOIN pg_class AS c ON c.oid = format('%I.%I', p.schemaname, p.tablename)::regclass WHERE p.schemaname = 'dunning' ORDER BY 1, 2),
);
cmp_ok(scalar @tables, '>=', 9, 'there are tables to compare');
like(value($db, $answer{'what a role limited to a ledger sees'}), qr/^facture\n[1-9]\d*\n[1-9]/, 'which sees the rows of its ledger only');
my %before = map { ($_ => value($db, $answer{$_})) } keys %answer;
cmp_ok(length $before{$_}, '>', 0, "$_: there is something to compare") for sort keys %answer;

sub run_ok
{
	my ($what, @command) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run(\@command, '<', \undef, '>', \$out, '2>', \$err);
	is($? >> 8, 0, $what);
	# what only says that the server is of another minor version, or where the log is
	$err = join "\n", grep { !/^pg_dump: (detail|hint|warning: there are circular)/ } split /\n/, $err;
	is($err, '', "$what without a word");
	return $out;
}

# As text without what differs by chance: the token of \restrict
sub dump_of
{
	my ($name) = @_;
	my $text = run_ok("pg_dump $name", "$bin/pg_dump", '-d', $name);
	$text =~ s/^\\(un)?restrict .*\n//mg;
	return $text;
}

# The lines of one text that another lacks
sub lines_of
{
	my ($text, $other) = @_;
	my %seen = map { ($_ => 1) } split /\n/, $other;
	return join "\n", grep { !$seen{$_} } split /\n/, $text;
}

my $dump = dump_of($db);
my ($rates) = $dump =~ /^COPY dunning\.reference_rate .*?\n(.*?)^\\\.$/ms;
is(scalar(() = ($rates // '') =~ /\n/g), 6, 'the dump holds the rates of one\'s own, not those that came with the extension');
for my $each (['reference_series', 1], ['jurisdiction', 2], ['mention', 2], ['rule', 5], ['hold_reason', 1], ['dispute_category', 1], ['template', 1])
{
	my ($table, $own) = @$each;
	my ($rows) = $dump =~ /^COPY dunning\.$table .*?\n(.*?)^\\\.$/ms;
	is(scalar(() = ($rows // '') =~ /\n/g), $own, "and so with dunning.$table");
}
open my $file, '>', "$folder/dump.sql" or die $!;
print $file $dump;
close $file;
run_ok('pg_dump as an archive', "$bin/pg_dump", '-Fc', '-f', "$folder/dump", '-d', $db);

for my $way (['psql', "$bin/psql", '-Xqo', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-f', "$folder/dump.sql"],
	['psql in one transaction', "$bin/psql", '-Xqo', '/dev/null', '-1', '-v', 'ON_ERROR_STOP=1', '-f', "$folder/dump.sql"],
	['pg_restore', "$bin/pg_restore", '-e', "$folder/dump"])
{
	my ($name, @command) = @$way;
	my $restored = database('dunning_restored', 'bare');
	# a connection option for psql, the target for pg_restore
	run_ok("restored by $name", $command[0], '-d', $restored, @command[1 .. $#command]);
	for my $what (sort keys %answer)
	{
		is(value($restored, $answer{$what}), $before{$what}, "$name: $what");
	}
	my $again = dump_of($restored);
	is(lines_of($again, $dump), '', "$name: nothing is in a second dump that is not in the first");
	is(lines_of($dump, $again), '', "$name: nor the other way");
}

# An archive does not say that the data of one table of an extension has to come
# before that of another: a restore in parallel tries them in any order
{
	my $restored = database('dunning_restored', 'bare');
	my ($out, $err) = ('', '');
	IPC::Run::run(["$bin/pg_restore", '-e', '-j', '3', '-d', $restored, "$folder/dump"], '<', \undef, '>', \$out, '2>', \$err);
	is($err, '', 'restored in parallel');
	is(value($restored, $answer{$_}), $before{$_}, "restored in parallel: $_") for 'the table dunning.rule', 'the table dunning.reference_series', 'the table dunning.jurisdiction';
}
run_ok('restored again', "$bin/psql", '-Xqo', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-d', database('dunning_restored', 'bare'), '-f', "$folder/dump.sql");

# It goes on where it was
my $restored = 'dunning_restored';
for my $each ($db, $restored)
{
	value($each, q(SET dunning.today = '2026-04-10'; CALL dunning.run(dunning.today())));
}
my $new = q(SELECT reminder, run, ledger, item, level, raised_on, state, open_amount, late_interest FROM dunning.reminder WHERE raised_on = '2026-04-10' ORDER BY 1);
cmp_ok(value($db, "SELECT count(*) FROM ($new) s"), '>', 50, 'the next run raises some');
is(value($restored, "SELECT count(*) FROM ($new) s"), value($db, "SELECT count(*) FROM ($new) s"), 'and as many in the restored database');
is(value($restored, "SELECT string_agg(ledger || item || level, ' ' ORDER BY ledger, item, level) FROM ($new) s"),
	value($db, "SELECT string_agg(ledger || item || level, ' ' ORDER BY ledger, item, level) FROM ($new) s"), 'the same ones');
is(value($restored, "SELECT min(reminder) FROM ($new) s"), value($db, "SELECT min(reminder) FROM ($new) s"), 'with the next numbers');
value($restored, q(INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('house', '2026-07-01', 9)));
like(value($restored, q(SELECT rule::text FROM dunning.rule WHERE name = 'house')), qr/2026-07-01: 9\.00/, 'a rule follows its series there, too');

# Only the data, into a database that has the tables
my $empty = database('dunning_restored', 'bare');
run_ok('the schema alone', "$bin/pg_restore", '-e', '--schema-only', '-d', $empty, "$folder/dump");
run_ok('the data alone', "$bin/pg_restore", '-e', '--data-only', '-d', $empty, "$folder/dump");
value($empty, 'REFRESH MATERIALIZED VIEW public.aged');
is(value($empty, $answer{$_}), $before{$_}, "the schema first, the data later: $_") for sort keys %answer;

# What reads ledgers is no member of the extension: without it, only the rows are left
my $drop_readers = <<'SQL';
SET client_min_messages = warning;
DO $$
DECLARE
	o record;
BEGIN
	FOR o IN SELECT c.oid::regclass AS name FROM pg_class AS c WHERE c.relnamespace = '_dunning'::regnamespace AND c.relkind = 'v'
		AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') LOOP
		EXECUTE format('DROP VIEW %s CASCADE', o.name);
	END LOOP;
	FOR o IN SELECT p.oid::regprocedure AS name FROM pg_proc AS p WHERE p.proname ~ '^ledger_(items|whole)_[0-9]+$' LOOP
		EXECUTE format('DROP FUNCTION %s', o.name);
	END LOOP;
END
$$;
SQL

# Only the data, where nothing reads the ledgers: who asks is told, and one call makes what is missing
my $unread = database('dunning_restored', 'bare');
run_ok('the schema alone, again', "$bin/pg_restore", '-e', '--schema-only', '-d', $unread, "$folder/dump");
value($unread, $drop_readers);
value($unread, <<'SQL');
INSERT INTO dunning.ledger (ledger, adoption, relation, relation_name, columns, procedure, scheme)
	VALUES ('by hand', 999, 'public.facture', 'public.facture', '{}', 'standard', 'standard');
DELETE FROM dunning.ledger;
SQL
is(value($unread, 'SELECT count(*) FROM dunning.open_item'), 0, 'a row by hand can be copied, and deleted');
run_ok('the data alone, again', "$bin/pg_restore", '-e', '--data-only', '-d', $unread, "$folder/dump");
like((psql($unread, 'SELECT count(*) FROM dunning.open_item'))[2], qr/ERROR:  55000: ledger "\S+" cannot be read/, 'a ledger that nothing reads');
value($unread, 'SELECT dunning.rebuild_ledgers(); REFRESH MATERIALIZED VIEW public.aged');
is(value($unread, $answer{$_}), $before{$_}, "the data alone, and rebuild_ledgers: $_") for sort keys %answer;

# Only the data, where other ledgers had the same numbers: nobody reads them in their place
my $taken = database('dunning_restored', 'bare');
run_ok('the schema alone, once more', "$bin/pg_restore", '-e', '--schema-only', '-d', $taken, "$folder/dump");
value($taken, $drop_readers);
value($taken, <<'SQL');
SET client_min_messages = warning;
DO $$
BEGIN
	FOR i IN 1 .. 12 LOOP
		EXECUTE format('CREATE TABLE public.stranger_%s (id integer PRIMARY KEY, customer_id integer, due_date date, open_amount numeric)', i);
		EXECUTE format('INSERT INTO public.stranger_%s SELECT k, 1, ''2020-01-01'', 1000 FROM generate_series(1, 3) AS k', i);
		PERFORM dunning.adopt(format('public.stranger_%s', i)::regclass, rule => NULL);
		-- the numbers of views and functions drift apart
		PERFORM dunning.adopt(format('public.stranger_%s', i)::regclass, replace => true) WHERE i % 3 = 0;
	END LOOP;
END
$$;
SET session_replication_role = replica; DELETE FROM dunning.ledger; RESET session_replication_role;
SQL
run_ok('the data alone, beside what is left of other ledgers', "$bin/pg_restore", '-e', '--data-only', '-d', $taken, "$folder/dump");
like((psql($taken, "SELECT count(*) FROM dunning.open_item WHERE ledger = '$_'"))[2], qr/ERROR:  55000: ledger "$_" cannot be read/, "$_ is not read as another ledger")
	for split /\n/, value($taken, 'SELECT ledger FROM dunning.ledger WHERE state = \'adopted\' ORDER BY ledger');
is(value($taken, q(SELECT count(*) FROM dunning.check_ledgers() AS c JOIN dunning.ledger USING (ledger)
	WHERE state = 'adopted' AND problem !~ 'its functions are not there, or are those of another ledger')), 0, 'and check_ledgers says so');
value($taken, 'SELECT dunning.rebuild_ledgers(); REFRESH MATERIALIZED VIEW public.aged');
is(value($taken, $answer{$_}), $before{$_}, "other ledgers of the same numbers, and rebuild_ledgers: $_") for sort keys %answer;
is(value($taken, q(SELECT count(*) FROM pg_class AS c WHERE c.relnamespace = '_dunning'::regnamespace AND c.relname ~ '^(item|payment|customer)_\d+$'
	AND substring(c.relname FROM '\d+$')::integer NOT IN (SELECT adoption FROM dunning.ledger WHERE state = 'adopted'))), 0, 'nothing of the other ledgers is left');
is(value($taken, q(SELECT count(*) > 0 FROM dunning.adopt('public.stranger_1', rule => NULL))), 't', 'and another can be adopted');

# The triggers of watch know a column by its number, which a restore changes
my $watched = database('dunning_dumped');
value($watched, <<'SQL');
CREATE TABLE public.facture (a integer, b text, id integer PRIMARY KEY, client integer, echeance date, montant numeric);
CREATE TABLE public.reglement (c integer, montant numeric, facture_id integer);
ALTER TABLE public.facture DROP a, DROP b;
ALTER TABLE public.reglement DROP c;
INSERT INTO public.facture SELECT k, 1, '2020-01-01', 100 FROM generate_series(1, 3) AS k;
SELECT dunning.adopt('public.facture', columns => '{"key": "id", "customer": "client", "due_on": "echeance", "amount": "montant", "payments": {"table": "reglement", "item": "facture_id", "amount": "montant"}}', rule => NULL, watch => true);
SELECT dunning.run_reminders();
SQL
my $numbers = q(SELECT string_agg(relation || ' ' || column_name || ' ' || attnum || ' ' || what, ', ' ORDER BY what) FROM _dunning.watched);
is(value($watched, $numbers), 'facture id 3 item, reglement facture_id 3 payment', 'numbers of watched columns');
run_ok('a watched database as an archive', "$bin/pg_dump", '-Fc', '-f', "$folder/watched", '-d', $watched);
my $there = database('dunning_restored', 'bare');
run_ok('and restored', "$bin/pg_restore", '-e', '-d', $there, "$folder/watched");
is(value($there, $numbers), 'facture id 1 item, reglement facture_id 2 payment', 'are those of the restored tables');
value($there, 'INSERT INTO public.reglement VALUES (100, 1); DELETE FROM public.facture WHERE id = 2');
is(value($there, q(SELECT string_agg(concat_ws(' ', item, state, reason), ', ' ORDER BY item) FROM dunning.reminder)),
	'1 cancelled settled, 2 cancelled item deleted, 3 pending', 'and the triggers work');

value('postgres', "DROP DATABASE $db WITH (FORCE)");
value('postgres', "DROP DATABASE $restored WITH (FORCE)");
value('postgres', 'DROP ROLE dunning_dump_reader, dunning_dump_collector, dunning_dump_runner');
done_testing();
