#!/usr/bin/env perl
# On a standby everything can be read, and the run leaves it alone.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Test::More;

my $build = $ENV{DUNNING_BUILD};
my $bin = $ENV{DUNNING_BINDIR};
plan skip_all => 'not in script/with-cluster' unless $build && $bin;

$ENV{PGOPTIONS} = '-c dunning.today=2026-03-20';
my $db = database('dunning_standby');
value($db, <<'SQL');
CREATE TABLE public.facture (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric);
INSERT INTO public.facture SELECT k, k % 7, date '2026-01-01' + k, 100 FROM generate_series(1, 100) AS k;
SQL
value($db, "SELECT dunning.adopt('public.facture')");
value($db, "CALL dunning.run('2026-03-18')");

# The standby: a copy of the primary that listens on another port of the same
# folder
my $data = "$build/standby";
my $port = $ENV{PGPORT} + 1;
my $server;

$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);
END
{
	my $status = $?;
	stop_server($server) if $server;
	system('rm', '-rf', $data) if $data;
	$? = $status;
}

my ($failed, $said) = as_server("$bin/pg_basebackup", '-D', $data, '-R', '-X', 'stream', '-c', 'fast', '--no-sync');
is($failed, 0, 'a copy of the primary') or BAIL_OUT($said);

my @there = ('-p', $port);
$server = start_server($data, $port);
ok($server, 'the standby is up') or BAIL_OUT(`cat $data.log`);
is(value($db, 'SELECT pg_is_in_recovery()', @there), 't', 'and is a standby');
my $here = value($db, 'SELECT pg_current_wal_lsn()');
ok(poll(60, sub { value($db, "SELECT pg_last_wal_replay_lsn() >= '$here'", @there) eq 't' }), 'with all of the primary');

# What can be read
for my $what ('SELECT o::text FROM dunning.open_item o ORDER BY 1', 'SELECT w::text FROM dunning.worklist w ORDER BY 1',
	'SELECT r::text FROM dunning.reminder r ORDER BY 1', q(SELECT w::text FROM dunning.worklist w WHERE item = '7'))
{
	my $primary = value($db, $what);
	cmp_ok(length $primary, '>', 0, "the primary answers $what");
	is(value($db, $what, @there), $primary, 'and so does the standby');
}

# What leaves it alone
my ($status, $out, $err);
($status, $out, $err) = psql($db, 'CALL dunning.run(dunning.today())', @there);
is($status, 0, 'the run is no error on a standby');
like($err, qr/NOTICE:  00000: this server is a standby: the dunning run is for the primary/, 'and says where to go');
($status, $out, $err) = psql($db, 'SELECT dunning.run_reminders(dunning.today())', @there);
is("$status $out", '0 0', 'nor is run_reminders, which raises none');
like($err, qr/NOTICE:  00000: this server is a standby: the dunning run is for the primary/, 'and says the same');
($status, $out, $err) = psql($db, 'SELECT * FROM dunning.claim_penalties()', @there);
is("$status $out", '0 ', 'nor is claim_penalties, which books nothing');
like($err, qr/NOTICE:  00000: this server is a standby: claims are booked on the primary/, 'and says so');
for my $statement (q(SELECT dunning.adopt('public.facture', replace => true)), 'SELECT dunning.mark_reminder_sent(1)', q(SELECT dunning.release_ledger('facture')))
{
	($status, $out, $err) = psql($db, $statement, @there);
	like($err, qr/ERROR:  25006: /, "what writes is an error: $statement");
}

# What the primary does arrives
my $raised = value($db, 'SELECT dunning.run_reminders(dunning.today())');
cmp_ok($raised, '>', 0, 'the primary runs');
$here = value($db, 'SELECT pg_current_wal_lsn()');
ok(poll(60, sub { value($db, "SELECT pg_last_wal_replay_lsn() >= '$here'", @there) eq 't' }), 'the standby follows');
is(value($db, 'SELECT raised FROM dunning.run_log ORDER BY run DESC LIMIT 1', @there), $raised, 'and has the run');

# And once it is the primary, the run works there, from where the other stopped
is(value($db, 'SELECT pg_promote()', @there), 't', 'the standby is promoted');
is(value($db, 'SELECT dunning.run_reminders(dunning.today())', @there), 0, 'nothing is raised again');
cmp_ok(value($db, q(SET dunning.today = '2026-03-25'; SELECT dunning.run_reminders(dunning.today())), @there), '>', 0, 'the next day something new is');
is(value($db, 'SELECT count(*) FROM (SELECT FROM dunning.reminder GROUP BY ledger, item, level HAVING count(*) > 1) s', @there), 0, 'and nothing twice');

stop_server($server);
undef $server;
value('postgres', "DROP DATABASE $db WITH (FORCE)");
done_testing();
