#!/usr/bin/env perl
# The triggers of watch on the tables of a subscription: a subscription fires row
# triggers that are always fired, and none for each statement.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Test::More;

my $build = $ENV{DUNNING_BUILD};
my $bin = $ENV{DUNNING_BINDIR};
plan skip_all => 'not in script/with-cluster' unless $build && $bin;

my $data = "$build/publisher";
my $port = $ENV{PGPORT} + 2;
my $server;
my $db;

$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);
END
{
	my $status = $?;
	psql($db, 'ALTER SUBSCRIPTION dunning_erp DISABLE; ALTER SUBSCRIPTION dunning_erp SET (slot_name = NONE); DROP SUBSCRIPTION dunning_erp') if $db;
	psql('postgres', "DROP DATABASE IF EXISTS $db WITH (FORCE)") if $db;
	stop_server($server) if $server;
	system('rm', '-rf', $data) if $data;
	$? = $status;
}

# the ERP's server, which has nothing of ours
my ($failed, $said) = as_server("$bin/initdb", '-D', $data, '-U', $ENV{PGUSER}, '-A', 'trust', '--no-sync');
is($failed, 0, 'the server of the ERP') or BAIL_OUT($said);
open my $conf, '>>', "$data/postgresql.conf" or die "$data/postgresql.conf: $!";
print $conf "listen_addresses = ''\nunix_socket_directories = '$build'\nfsync = off\nwal_level = logical\n";
close $conf or die $!;
$server = start_server($data, $port);
ok($server, 'is up') or BAIL_OUT(`cat $data.log`);
my @there = ('-p', $port);
my $tables = <<'SQL';
CREATE TABLE public.bill (id integer PRIMARY KEY, customer integer, due_on date, amount numeric);
CREATE TABLE public.payment (id integer, bill_id integer, amount numeric, year integer, PRIMARY KEY (id, year))
SQL
value('postgres', <<"SQL", @there);
$tables;
INSERT INTO public.bill SELECT i, 1, '2020-01-01', 100 FROM generate_series(1, 100) AS i;
INSERT INTO public.payment VALUES (1, 1, 100, 2026);
CREATE PUBLICATION erp FOR TABLE public.bill, public.payment;
SQL

$db = database('dunning_subscription');
value($db, <<"SQL");
$tables PARTITION BY LIST (year);
CREATE TABLE public.payment_2026 PARTITION OF public.payment FOR VALUES IN (2026);
CREATE TABLE public.payment_2027 PARTITION OF public.payment FOR VALUES IN (2027);
CREATE INDEX ON public.payment (bill_id);
SELECT dunning.adopt('public.bill', columns => '{"payments": {"table": "payment", "item": "bill_id"}}', rule => NULL, watch => true);
ALTER TABLE public.payment ENABLE ALWAYS TRIGGER dunning_watch_bill;
ALTER TABLE public.bill ENABLE ALWAYS TRIGGER dunning_watch_bill;
INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, channel)
	SELECT 'bill', i::text::dunning.item_key, '5', 1, '2020-03-01', 'email' FROM generate_series(1, 50) AS i;
SQL
value($db, "CREATE SUBSCRIPTION dunning_erp CONNECTION 'host=$build port=$port dbname=postgres user=$ENV{PGUSER}' PUBLICATION erp");

# Whether the reminders of so many items are cancelled, and of no others
sub cancelled
{
	my ($n) = @_;
	my $query = q{SELECT count(*) FROM dunning.reminder WHERE state = 'cancelled'};
	poll(30, sub { value($db, $query) >= $n });
	return value($db, $query);
}

# the copy of payments may come before that of the items: then nothing is seen to be settled
ok(poll(30, sub { value($db, q{SELECT count(*) FROM pg_subscription_rel WHERE srsubstate = 'r'}) == 2 }), 'the tables are copied');
value('postgres', "UPDATE public.payment SET amount = 100.01 WHERE id = 1", @there);
is(cancelled(1), 1, 'the first payment');
value('postgres', "INSERT INTO public.payment SELECT i, i, 100, 2026 + i % 2 FROM generate_series(2, 20) AS i", @there);
is(cancelled(20), 20, 'payments of one statement');
value('postgres', "UPDATE public.bill SET amount = 0 WHERE id BETWEEN 21 AND 30; DELETE FROM public.bill WHERE id BETWEEN 31 AND 35", @there);
is(cancelled(35), 35, 'changed and deleted items');
value('postgres', "INSERT INTO public.payment VALUES (40, 40, 60, 2026), (41, 41, 100, 2026), (42, 40, 40, 2027)", @there);
is(cancelled(37), 37, 'an item paid by two of them');
is(value($db, q{SELECT string_agg(item::text, ' ' ORDER BY reminder) FROM dunning.reminder WHERE state = 'pending'}),
	join(' ', 36 .. 39, 42 .. 50), 'the others are pending');
done_testing();
