#!/usr/bin/env perl
# pg_upgrade takes a database along that uses the extension: the same rows, the
# same answers, the same members, and everything goes on where it was.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Test::More;

my $build = $ENV{DUNNING_BUILD};
my $bin = $ENV{DUNNING_BINDIR};
plan skip_all => 'not in script/with-cluster' unless $build && $bin;

my ($old, $new, $work) = map { "$build/$_" } qw(upgrade_old upgrade_new upgrade);
$ENV{PGPORT} += 1;
my $server;
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);
END
{
	my $status = $?;
	stop_server($server) if $server;
	as_server('rm', '-rf', $old, $new, $work) if $work;
	$? = $status;
}

# One that must work, as the server's user; otherwise what it and its logs say
sub works
{
	my ($what, @command) = @_;
	my ($status, $said) = as_server(@command);
	return if is($status, 0, $what);
	diag($said, `grep -hE 'error|ERROR|FATAL' -A 3 \$(find '$new' '$work' -name 'pg_upgrade*.log' 2>/dev/null) /dev/null`);
	done_testing();
	exit;
}

for my $data ($old, $new)
{
	works("a cluster in $data", "$bin/initdb", '-D', $data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync');
	works('configured', 'sh', '-c', "printf '%s\\n' \"listen_addresses = ''\" \"unix_socket_directories = '$build'\" 'fsync = off' >>$data/postgresql.conf");
}
ok($server = start_server($old, $ENV{PGPORT}), 'the old server is up') or BAIL_OUT(`cat $old.log`);

$ENV{PGOPTIONS} = '-c dunning.today=2026-03-20';
my $db = database('dunning_upgraded');
value($db, <<'SQL');
CREATE ROLE clerk;
CREATE TABLE public.client (id integer PRIMARY KEY, nom text);
CREATE TABLE public.facture (
	id integer PRIMARY KEY, client_id integer REFERENCES public.client, date_facture date, date_echeance date, montant_ttc numeric, gone integer,
	bucket integer GENERATED ALWAYS AS (dunning.aging_bucket(date_echeance, date '2026-03-20', '30,60,90'::dunning.aging_scheme)) STORED,
	scheme dunning.aging_scheme DEFAULT '10,20', rule dunning.penalty_rule DEFAULT dunning.penalty_rule(10, 'grace 3'),
	CHECK (dunning.days_past_due(date_echeance, date_facture) <= 0));
ALTER TABLE public.facture DROP COLUMN gone;
CREATE TABLE public.reglement (facture_id integer REFERENCES public.facture, date_reglement date, montant numeric);
CREATE INDEX ON public.reglement (facture_id);
CREATE INDEX ON public.facture (dunning.is_overdue(date_echeance, '2026-03-20'));
INSERT INTO public.client SELECT k, 'Client ' || k FROM generate_series(1, 20) AS k;
INSERT INTO public.facture SELECT k, 1 + k % 20, date '2026-01-01', date '2026-02-01' + k % 70, 100 + k FROM generate_series(1, 300) AS k;
INSERT INTO public.reglement SELECT k, date '2026-03-01' + k % 40, k / 2 FROM generate_series(1, 300, 3) AS k;

-- an ERP by a profile of one's own
CREATE SCHEMA books;
CREATE TABLE books.invoice (id uuid PRIMARY KEY, customer integer, due date, total numeric);
INSERT INTO books.invoice SELECT md5(k::text)::uuid, k % 7, date '2026-02-01' + k, k FROM generate_series(1, 30) AS k;
INSERT INTO dunning.erp (name, title, description) VALUES ('books', 'Books', 'its invoices');
CREATE FUNCTION _dunning.erp_books_detect(schema name) RETURNS TABLE (version text, sure numeric, evidence text)
	LANGUAGE sql STABLE AS $f$ SELECT '1', 1.0, 'invoice' WHERE schema = 'books' AND _dunning.erp_has(schema, 'invoice', 'id', 'due', 'total') $f$;
CREATE FUNCTION _dunning.erp_books_views(schema name, version text) RETURNS TABLE (view name, query text, description text)
	LANGUAGE sql STABLE AS $f$ SELECT 'item'::name, format('SELECT i.id AS key, i.customer, i.due AS due_on, i.total AS open_amount FROM %I.invoice AS i', schema), 'invoices' $f$;

-- configuration of one's own
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('house', '2025-01-01', 7), ('house', '2025-07-01', 7.5), ('house', '2026-01-01', 8);
INSERT INTO dunning.rule (name, series, clauses) VALUES ('house', 'house', 'compensation 15 CHF');
INSERT INTO dunning.procedure (name, procedure) VALUES ('hard', '3 email "Un ""mot"""; 10 letter fee 15 EUR min 5 EUR; mode jump');
INSERT INTO dunning.scheme (name, scheme) VALUES ('weeks', '7,14,21');
INSERT INTO dunning.ledger_word (scope, field, word) VALUES ('items', 'due_on', 'a_regler_le');
SQL
value($db, q(SELECT dunning.adopt('public.facture', columns => '{"payments": "reglement"}', scheme => 'weeks', watch => true)));
value($db, q(SELECT FROM dunning.adopt_erp('books')));
value($db, q(SELECT dunning.run_reminders(day::date) FROM generate_series(timestamp '2026-02-10', '2026-03-20', interval '3 days') AS day));
# an item with a problem, and a ledger that is released to be adopted again
value($db, q(INSERT INTO public.facture (id, client_id, date_facture, montant_ttc) VALUES (999, 1, '2026-01-01', 5); SELECT dunning.run_reminders('2026-03-20')));
value($db, q(CREATE TABLE public.attente (id integer PRIMARY KEY, client integer, echeance date, solde numeric)));
value($db, q(SELECT FROM dunning.grant_access('clerk', 'collector', 'facture')));
value($db, q(SELECT dunning.adopt('public.attente', columns => '{"key": "id", "customer": "client", "due_on": "echeance", "open_amount": "solde"}', rule => NULL)));
value($db, q(SELECT dunning.release_ledger('attente', keep => true)));
value($db, q(SELECT dunning.mark_reminder_sent(reminder) FROM dunning.reminder WHERE state = 'pending' AND reminder % 2 = 0));
value($db, q(SELECT dunning.cancel_reminder(reminder, 'a reason', '2026-03-20') FROM dunning.reminder WHERE state = 'pending' AND reminder % 5 = 0));
value($db, q(SELECT dunning.claim_penalties('2026-03-20')));
value($db, <<'SQL');
SELECT dunning.insolvency('2', '2026-03-05', ledger => 'facture');
INSERT INTO dunning.ledger_setting (ledger, statements_within) VALUES ('facture', '900 days');
INSERT INTO dunning.tolerance (currency, amount) VALUES ('EUR', 0.01);
SELECT dunning.statements_loaded('facture', '2026-03-18');
SELECT dunning.promise_to_pay('facture', NULL, 1, '2030-01-01', ARRAY['16']::dunning.item_key[]);
SELECT dunning.end_assignment(dunning.assign('facture', 'owner', 'zoé', item => '16', from_day => '2026-03-01'), 'a reason', '2026-03-15'), dunning.assign('facture', 'language', 'fr', from_day => '2026-03-01');
SELECT dunning.end_absence(dunning.note_absence('zoé', '2026-03-01', '2026-03-31', 'été'), 'a reason', '2026-03-15');
SELECT dunning.agree_plan('facture', ARRAY['19']::dunning.item_key[], '2030-01-01', 2);
SELECT dunning.note_handover_return((dunning.hand_over('facture', '{22}', 'Été SA', 'agency'))[1], 5, 1), dunning.hand_over('facture', '{25}', 'Me Roux', 'lawyer'), dunning.recall_item('facture', '25', 'a reason');
INSERT INTO dunning.archive (relation, number, ledger, fact, reason, keep_until) VALUES ('hold', '1', 'facture', '{"note": "é"}', 'a reason', '2030-01-01');
INSERT INTO dunning.retention (kind, kept_for) VALUES ('books', '6 years');
SELECT dunning.cancel_contact(dunning.log_contact('facture', NULL, 'call', items => '{28}', promised => 1, promised_for => '2030-01-01', next_on => '2030-01-02', next_time => '10:30', external_id => 'c1'), 'a reason');
CREATE TABLE public.piece_jointe (facture integer, contenu bytea);
SELECT dunning.save_attachments('facture', 'public.piece_jointe', 'facture', 'contenu');
SELECT dunning.merge_customer('facture', 'before', '3', 'a key that changed');
SELECT dunning.save_recipient('facture', '3', 'Éva', email => 'eva@x.example'), dunning.save_sender('ACME', iban => 'FR1420041010050500013M02606');
SELECT dunning.end_payee(dunning.note_payee('facture', 'FACTOR', 'DE71110220330123456789', '2026-01-01', '{3}'), 'a reason', '2026-02-01');
SQL
value($db, q(SELECT dunning.make_notices()));
value($db, q(SELECT dunning.hold_item('facture', '13', 'dispute', '2026-03-01', part => 1, amount => 5, source => 'crm', external_id => '1')));
value($db, q(SELECT dunning.einvoice_event('facture', '15', '208', '2026-03-01', 'JUSTIF_ABS', external_id => 'e1')));
value($db, q(INSERT INTO dunning.ledger_rule (ledger, value, rule) VALUES ('facture', 'CHF', 'house')));

# A value of every type of the extension, with its array, and a user's objects
# that are made of them
my %value = (
	rate_history => q('ecb_mro {2026-01-01: 12.15, 2026-07-01: 12.40} until 2026-12-31'),
	aging_scheme => q('30,60,90'),
	aged_balance => q(dunning.aged_balance(100.5, date '2026-02-01', date '2026-03-20', '30,60,90')),
	balance_history => q('{2026-01-01: 100.00, 2026-02-01: -40.00}'),
	dunning_history => q('{reminder 1 month email raised 2026-03-06 sent 2026-03-07; hold dispute from 2026-03-10}'),
	balance_state => q(_dunning.balance_state_accum(NULL, 100.00, '2026-02-01')),
	aged_series_state => q(_dunning.aged_series_accum(NULL, 100.00, '2026-02-01', NULL, '{2026-03-20,2026-04-20}', '30,60,90')),
	figures_state => q(_dunning.figures_accum(NULL, 100.00, '2026-02-01', '2026-03-01', 100.00, '{2026-03-20,2026-04-20}', 3, 12)),
	penalty_rule => q('12.40%; grace 5; compensation 40.00 EUR if professional'),
	dunning_procedure => q('5 email "Relance"; 15 letter "Mise en demeure" fee 15.00 EUR; wait 7'),
	calendar => q(dunning.make_calendar('sat sun', '{2026-05-01,2026-12-25}')),
	payment_terms => q('30% on order; balance net 60'),
	item_key => q('0042'));
my @types = split /\n/, value($db, <<'SQL');
SELECT format('%s %s', t.oid::regtype, t.typtype) FROM pg_type t
JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_dunning') AND coalesce(c.relkind, 'c') = 'c' AND t.typtype IN ('b', 'c', 'e', 'r', 'd')
	AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
ORDER BY 1
SQL
value($db, 'CREATE TABLE public.every (id integer)');
for (@types)
{
	my ($type, $kind) = split / /;
	my ($name) = $type =~ /(\w+)$/;
	my $value = $kind eq 'e' ? "(enum_range(NULL::$type))[2]"
		: $kind eq 'c' ? "jsonb_populate_record(NULL::$type, '{}')"
		: $value{$name};
	ok($value, "there is a value of the type $type to upgrade") or next;
	value($db, "ALTER TABLE public.every ADD \"$name\" $type, ADD \"${name}s\" $type\[]");
	value($db, "INSERT INTO public.every (id, \"$name\", \"${name}s\") SELECT 1, v, ARRAY[v, NULL, v] FROM (SELECT (${value})::$type) AS s (v)");
}
value($db, <<'SQL');
CREATE TABLE public.note (key dunning.item_key PRIMARY KEY, parent dunning.item_key REFERENCES public.note, note text);
CREATE INDEX note_hash ON public.note USING hash (key);
CREATE INDEX note_text ON public.note (upper(key::text)) WHERE key > '1';
INSERT INTO public.note SELECT k, k, 'note ' || k FROM generate_series(1, 500) AS k;
CREATE TABLE public.part (key dunning.item_key, n integer DEFAULT 1) PARTITION BY HASH (key);
CREATE TABLE public.part_0 PARTITION OF public.part FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE public.part_1 PARTITION OF public.part FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO public.part SELECT k FROM generate_series(1, 100) AS k;
CREATE DOMAIN public.short AS dunning.item_key CHECK (length(VALUE::text) < 10);
CREATE TYPE public.pair AS (key public.short, terms dunning.payment_terms);
CREATE TABLE public.pairs (pair public.pair);
INSERT INTO public.pairs VALUES (ROW('7', '30 days net'));

-- bodies that are parsed, with defaults and casts
CREATE FUNCTION public.bucket(due date, scheme dunning.aging_scheme DEFAULT '15,45') RETURNS integer
	LANGUAGE sql STABLE RETURN dunning.aging_bucket(due, date '2026-03-20', scheme);
CREATE FUNCTION public.as_json(rule dunning.penalty_rule DEFAULT '9%; grace 3', key dunning.item_key DEFAULT 7) RETURNS text
	LANGUAGE sql STABLE BEGIN ATOMIC SELECT rule::jsonb::text || key::text; END;
CREATE VIEW public.to_do AS SELECT w.ledger, w.item, w.level, w.channel, w.state, w.item::text AS number FROM dunning.worklist AS w WHERE w.state = 'due';
CREATE VIEW public.by_customer AS
	SELECT o.ledger, o.customer, sum(o.open_amount) AS open, dunning.aged_balance(o.open_amount, o.due_on, dunning.today(), '30,60,90') AS balance
	FROM dunning.open_item AS o JOIN public.facture AS f ON o.item = f.id GROUP BY o.ledger, o.customer;
CREATE MATERIALIZED VIEW public.aged AS
	SELECT ledger, customer, dunning.aged_balance(open_amount, due_on, date '2026-03-20', '30,60,90') AS balance FROM dunning.open_item GROUP BY 1, 2;
CREATE RULE forget AS ON DELETE TO public.to_do DO INSTEAD NOTHING;
GRANT SELECT ON dunning.open_item, dunning.worklist, dunning.ledger, dunning.scheme TO clerk;
GRANT EXECUTE ON PROCEDURE dunning.run TO clerk;
SQL

# What must be the same
my @tables = split /\n/, value($db, <<'SQL');
SELECT c.oid::regclass FROM pg_class c JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_dunning') ORDER BY 1
SQL
my %answer = (
	(map { ("the table $_" => "SELECT t::text FROM $_ AS t ORDER BY 1") } @tables, qw(every note part pairs facture)),
	'the open items' => 'SELECT o::text FROM dunning.open_item AS o ORDER BY 1',
	'the open items of another day' => q(SET dunning.today = '2026-03-05'; SELECT o::text FROM dunning.open_item AS o ORDER BY 1),
	'the work list' => 'SELECT w::text FROM dunning.worklist AS w ORDER BY 1',
	'the claims' => 'SELECT c::text FROM dunning.claim_balance AS c ORDER BY 1',
	'the view of the open items' => q(SELECT pg_get_viewdef('dunning.open_item'::regclass)),
	'the ledgers' => 'SELECT l::text FROM dunning.check_ledgers() AS l ORDER BY 1',
	'a view' => 'SELECT v::text FROM public.to_do AS v ORDER BY 1',
	'a view that aggregates' => 'SELECT v::text FROM public.by_customer AS v ORDER BY 1',
	'a materialized view' => 'SELECT v::text FROM public.aged AS v ORDER BY 1',
	'defaults' => q(SELECT public.bucket('2026-02-10'), public.as_json()),
	'an index on a key' => q(SET enable_seqscan = off; SELECT n.note, (SELECT count(*) FROM public.note AS m WHERE m.key > n.key) FROM public.note AS n WHERE n.key = 42),
	'a hash index on a key' => q(SET enable_seqscan = off; SELECT note FROM public.note WHERE key = '43'),
	'an index on a text of a key' => q(SET enable_seqscan = off; SELECT note FROM public.note WHERE upper(key::text) = '44' AND key > '1'),
	'an index on an expression' => q(SET enable_seqscan = off; SELECT count(*) FROM public.facture WHERE dunning.is_overdue(date_echeance, '2026-03-20')),
	'the members' => q(SELECT pg_describe_object(classid, objid, 0) FROM pg_depend WHERE deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_dunning') ORDER BY 1),
	'what a dump takes along' => q(SELECT c::regclass::text, w FROM pg_extension, unnest(extconfig, extcondition) AS u (c, w) WHERE extname = 'pg_dunning' ORDER BY 1),
	'the functions' => q(SELECT p.oid::regprocedure::text, CASE WHEN prosqlbody IS NULL THEN pg_get_functiondef(p.oid) ELSE pg_get_function_arguments(p.oid) END
		FROM pg_proc AS p WHERE pronamespace IN ('dunning'::regnamespace, '_dunning'::regnamespace, 'public'::regnamespace) AND prokind <> 'a' ORDER BY 1),
	'the rights' => q(SELECT relname, relacl FROM pg_class WHERE relnamespace IN ('dunning'::regnamespace, '_dunning'::regnamespace) ORDER BY 1),
	# a condition that is parsed again has other brackets round its ORs
	'the triggers' => q(SELECT tgrelid::regclass::text, translate(pg_get_triggerdef(oid), '()', ''), tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2),
);
my %before = map { ($_ => value($db, $answer{$_})) } keys %answer;
cmp_ok(length $before{$_}, '>', 0, "$_: there is something to compare") for sort keys %answer;
value($db, q(INSERT INTO public.reglement SELECT item_key_bigint, date '2026-03-19', 1000 FROM (SELECT _dunning.item_key_bigint(item)
	FROM dunning.reminder WHERE ledger = 'facture' AND state = 'pending' ORDER BY reminder LIMIT 1) AS s));
my $cancelled = q(SELECT count(*) FROM dunning.reminder WHERE ledger = 'facture' AND state = 'cancelled' AND reason <> 'a reason');
my $count = value($db, $cancelled);
cmp_ok($count, '>', 0, 'the watch trigger cancels what is paid');
$before{$_} = value($db, $answer{$_}) for keys %answer;

stop_server($server);
undef $server;
{
	delete local @ENV{qw(PGOPTIONS PGDATABASE)};
	works('a folder', 'mkdir', '-p', $work);
	works('pg_upgrade', 'sh', '-c', "cd '$work' && exec '$bin/pg_upgrade' -b '$bin' -B '$bin' -d '$old' -D '$new' -U postgres -s '$work' --no-sync");
}
ok($server = start_server($new, $ENV{PGPORT}), 'the new server is up') or BAIL_OUT(`cat $new.log`);

for (sort keys %answer)
{
	my $after = value($db, $answer{$_});
	next if ok($after eq $before{$_}, "the same after the upgrade: $_");
	my ($was, $is) = map { +{ map { ($_ => 1) } split /\n/ } } $before{$_}, $after;
	diag(map { "$_\n" } (map { "- $_" } grep { !$is->{$_} } sort keys %$was), map { "+ $_" } grep { !$was->{$_} } sort keys %$is);
}

# It goes on where it was
value($db, q(INSERT INTO public.reglement SELECT item_key_bigint, date '2026-03-19', 1000 FROM (SELECT _dunning.item_key_bigint(item)
	FROM dunning.reminder WHERE ledger = 'facture' AND state = 'pending' ORDER BY reminder LIMIT 1) AS s));
cmp_ok(value($db, $cancelled), '>', $count, 'the watch trigger cancels what is paid now');
my $last = value($db, 'SELECT max(reminder) FROM dunning.reminder');
value($db, q(CALL dunning.run('2026-04-10')));
cmp_ok(value($db, q(SELECT min(reminder) FROM dunning.reminder WHERE raised_on = '2026-04-10')), '>', $last, 'a run raises reminders with the next numbers');
cmp_ok(value($db, q(SELECT count(*) FROM dunning.claim_penalties('2026-04-10'))), '>', 0, 'claims are booked');
value($db, q(SELECT dunning.adopt('public.facture', replace => true)));
value($db, 'DROP EXTENSION pg_dunning CASCADE');
is(value($db, q(SELECT to_regclass('dunning.reminder') IS NULL)), 't', 'and the extension dropped with all it is made of');
done_testing();
