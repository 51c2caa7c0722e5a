#!/usr/bin/env perl
# The triggers of watch beside each other, beside a run, and interrupted.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Test::More;

my $db = database('dunning_watch');
value($db, <<'SQL');
CREATE TABLE public.client (id integer PRIMARY KEY, nom text);
CREATE TABLE public.facture (id integer PRIMARY KEY, client_id integer, date_echeance date, montant numeric);
CREATE TABLE public.reglement (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, facture_id integer REFERENCES public.facture, montant numeric);
CREATE INDEX ON public.reglement (facture_id);
INSERT INTO public.client VALUES (1, 'Durand');
INSERT INTO public.facture SELECT i, 1, '2020-01-01', 100 FROM generate_series(1, 100) AS i;
SELECT dunning.adopt('public.facture', columns => '{"payments": "reglement", "customers": "client"}', rule => NULL, watch => true);
SQL

# A pending reminder of an item without payments
sub pending
{
	my ($item) = @_;
	value($db, "INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, channel) VALUES ('facture', '$item', '5', 1, '2020-03-01', 'email')");
	return;
}

sub state
{
	my ($item) = @_;
	return value($db, "SELECT concat_ws(' ', state, reason) FROM dunning.reminder WHERE item = '$item'");
}

sub pay
{
	my ($item, $amount) = @_;
	return "INSERT INTO public.reglement (facture_id, montant) VALUES ($item, $amount)";
}

sub waits
{
	my ($session) = @_;
	return poll(30, sub { value($db, "SELECT count(*) FROM pg_locks WHERE pid = $session->{pid} AND NOT granted") });
}

my $one = session($db);
my $two = session($db);
my $item = 0;
my ($out, $err);

for my $level ('READ COMMITTED', 'REPEATABLE READ')
{
	# two halves: whoever comes last sees both
	pending(++$item);
	$_->ask("BEGIN ISOLATION LEVEL $level"), $_->ask('SELECT count(*) FROM public.reglement') for $one, $two;
	($out, $err) = $one->ask(pay($item, 50));
	is($err, '', "$level: one half");
	$two->say(pay($item, 50));
	ok(waits($two), "$level: the other waits");
	$one->ask('COMMIT');
	($out, $err) = $two->answer;
	is($err, '', "$level: and goes on");
	($out, $err) = $two->ask('COMMIT');
	is($err, '', "$level: and commits");
	is(state($item), 'cancelled settled', "$level: the reminder of an item that is paid by two is cancelled");

	# the first half is taken back
	pending(++$item);
	$_->ask("BEGIN ISOLATION LEVEL $level"), $_->ask('SELECT count(*) FROM public.reglement') for $one, $two;
	$one->ask(pay($item, 50));
	$two->say(pay($item, 50));
	ok(waits($two), "$level: the other waits");
	$one->ask('ROLLBACK');
	$two->answer;
	$two->ask('COMMIT');
	is(state($item), 'pending', "$level: one half is not all");

	# the first one pays all, and the second one too much
	pending(++$item);
	$_->ask("BEGIN ISOLATION LEVEL $level"), $_->ask('SELECT count(*) FROM public.reglement') for $one, $two;
	$one->ask(pay($item, 100));
	$two->say(pay($item, 10));
	ok(waits($two), "$level: the other waits");
	$one->ask('COMMIT');
	($out, $err) = $two->answer;
	is($err, '', "$level: a reminder that was cancelled meanwhile is no error");
	($out, $err) = $two->ask('COMMIT');
	is($err, '', "$level: nor at the end");
	is(state($item), 'cancelled settled', "$level: and stays cancelled");

	# sent meanwhile
	pending(++$item);
	$two->ask("BEGIN ISOLATION LEVEL $level");
	$two->ask('SELECT count(*) FROM public.reglement');
	$one->ask('BEGIN');
	$one->ask("SELECT dunning.mark_reminder_sent(reminder) FROM dunning.reminder WHERE item = '$item'");
	$two->say(pay($item, 100));
	ok(waits($two), "$level: a payment waits for a reminder that is sent");
	$one->ask('COMMIT');
	($out, $err) = $two->answer;
	is($err, '', "$level: and goes on");
	$two->ask('COMMIT');
	is(state($item), 'sent', "$level: the reminder was sent");

	# raised after the transaction took its snapshot
	++$item;
	$two->ask("BEGIN ISOLATION LEVEL $level");
	$two->ask('SELECT count(*) FROM public.reglement');
	pending($item);
	($out, $err) = $two->ask(pay($item, 100));
	is($err, '', "$level: a reminder of after the snapshot");
	$two->ask('COMMIT');
	is(state($item), 'cancelled settled', "$level: is seen and cancelled");

	# two items in one statement, in either order
	pending(++$item);
	pending(++$item);
	my $other = $item - 1;
	$_->ask("BEGIN ISOLATION LEVEL $level"), $_->ask('SELECT count(*) FROM public.reglement') for $one, $two;
	$one->ask("INSERT INTO public.reglement (facture_id, montant) VALUES ($other, 60), ($item, 60)");
	$two->say("INSERT INTO public.reglement (facture_id, montant) VALUES ($other, 40), ($item, 40)");
	ok(waits($two), "$level: the other waits");
	$one->ask('COMMIT');
	$two->answer;
	$two->ask('COMMIT');
	is(state($other) . ', ' . state($item), 'cancelled settled, cancelled settled', "$level: both items");
}

# Two statements that pay the same items in opposite order lock them in one order
pending(++$item);
pending(++$item);
my $first = $item - 1;
my $holder = session($db);
$holder->ask('BEGIN');
$holder->ask("SELECT reminder FROM dunning.reminder WHERE item = '$first' FOR UPDATE");
$one->say("INSERT INTO public.reglement (facture_id, montant) VALUES ($first, 50), ($item, 50)");
ok(waits($one), 'one statement waits for the first of its items');
$two->say("INSERT INTO public.reglement (facture_id, montant) VALUES ($item, 50), ($first, 50)");
ok(waits($two), 'and so does one that names it last');
$holder->ask('COMMIT');
$holder->quit;
($out, $err) = $one->answer;
is($err, '', 'the one goes on');
($out, $err) = $two->answer;
is($err, '', 'and the other');
is(state($first) . ', ' . state($item), 'cancelled settled, cancelled settled', 'both items are settled');

# A run beside payers neither waits for them nor they for each other's ends
pending(++$item);
pending(++$item);
my $paid = $item - 1;
value($db, "SET session_replication_role = replica; " . pay($paid, 100));
$one->ask('BEGIN');
$one->ask(pay($item, 100));
is($two->ask("SELECT dunning.settle_reminders('facture')"), '1', 'settling beside a payer takes what he has not locked');
is($two->ask("SELECT dunning.settle_reminders('facture', '$item')"), '0', 'and leaves what he has, also if asked for it');
is(state($paid), 'cancelled no longer open', 'what no trigger saw is cancelled');
$one->ask('COMMIT');
is(state($item), 'cancelled settled', 'and he does his himself');
pending(++$item);
value($db, "SET session_replication_role = replica; " . pay($item, 100));
$one->ask('BEGIN');
$one->ask("UPDATE public.reglement SET montant = 100.5 WHERE facture_id = $item");
$one->ask('ROLLBACK');
is(state($item), 'pending', 'a change that is rolled back changed nothing');
$two->ask('BEGIN');
is($two->ask("SELECT dunning.settle_reminders('facture')"), '1', 'a run that has settled it');
$one->say("UPDATE public.reglement SET montant = 101 WHERE facture_id = $item");
ok(waits($one), 'a payer waits for its end');
$two->ask('COMMIT');
($out, $err) = $one->answer;
is($err, '', 'and goes on');
is(state($item), 'cancelled no longer open', 'the run has cancelled it');

# What concerns the payer's transaction is not taken for a ledger that cannot be read
pending(++$item);
$one->ask('BEGIN');
$one->ask('LOCK TABLE public.client');
$two->ask("SET lock_timeout = '50ms'");
($out, $err) = $two->ask(pay($item, 100));
like($err, qr/ERROR:  55P03: canceling statement due to lock timeout/, 'a lock timeout of the payer is his error');
$two->ask('RESET lock_timeout');
$two->say(pay($item, 100));
ok(waits($two), 'without one he waits');
value($db, "SELECT pg_cancel_backend($two->{pid})");
($out, $err) = $two->answer;
like($err, qr/ERROR:  57014: canceling statement due to user request/, 'and is cancelled when he is');
$two->ask('BEGIN');
$two->ask('LOCK TABLE public.facture IN ROW SHARE MODE');
$two->say(pay($item, 100));
ok(waits($two), 'he waits again');
$one->say('LOCK TABLE public.facture');
my ($out1, $err1) = $one->answer;
my ($out2, $err2) = $two->answer;
is(scalar(grep { /ERROR:  40P01: deadlock detected/ } $err1, $err2), 1, 'a deadlock ends in one error');
unlike($err1 . $err2, qr/WARNING/, 'and in no warning');
$_->ask('ROLLBACK') for $one, $two;
is(state($item), 'pending', 'nothing was paid, nothing is cancelled');

# A ledger that is gone while its trigger is there
($out, $err) = $two->ask('DROP TABLE public.client CASCADE');
($out, $err) = $two->ask(pay($item, 100));
like($err, qr/^WARNING:  .*reminders of ledger "facture" are not followed/m, 'a ledger whose tables are gone is a warning');
is(value($db, "SELECT sum(montant) FROM public.reglement WHERE facture_id = $item"), '100', 'and the payment goes on');
is(state($item), 'pending', 'the reminder waits');
($out, $err) = $two->ask("INSERT INTO public.reglement (facture_id, montant) VALUES (90, 1)");
is($err, '', 'of an item without a reminder there is nothing to say');

$_->quit for $one, $two;
value('postgres', "DROP DATABASE $db WITH (FORCE)");
done_testing();
