#!/usr/bin/env perl
# A sender at work beside runs, payments and persons: nothing is sent twice, and what was sent is noted.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Test::More;

my $db = database('dunning_outbox');
value($db, <<'SQL');
INSERT INTO dunning.procedure (name, procedure) VALUES ('post', '5 email "Reminder"; 15 email "Second"; 90 phone');
CREATE TABLE public.client (id integer PRIMARY KEY, name text, email text);
INSERT INTO public.client SELECT k, 'Client ' || k, k || '@x.example' FROM generate_series(1, 9) AS k;
CREATE TABLE public.bill (id integer PRIMARY KEY, client integer, due_on date, amount numeric);
SELECT dunning.adopt('public.bill', procedure => 'post', rule => NULL, watch => true, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "open_amount": "amount",
	"customers": {"table": "client", "key": "id", "name": "name", "email": "email"}}');
SELECT dunning.save_sender('ACME', email => 'us@acme.example');
SQL

my $sender = session($db);
my $other = session($db);
my ($out, $err);
my $take = q(SELECT string_agg(customer::text, ' ' ORDER BY customer::text) FROM dunning.take_notices('email'));

# What became of the reminders of an item
sub reminders
{
	my ($item) = @_;
	return value($db, qq(SELECT coalesce(string_agg(level || ' ' || state, ', ' ORDER BY reminder), '') FROM dunning.reminder WHERE item = '$item'));
}

# New items with a message that waits for each customer
sub bills
{
	my ($values) = @_;
	value($db, "INSERT INTO public.bill SELECT v.id, v.client, _dunning.real_day() - v.late, 100 FROM (VALUES $values) AS v (id, client, late)");
	value($db, 'SELECT dunning.run_reminders(); SELECT dunning.make_notices()');
	return;
}

sub sent
{
	my ($customer) = @_;
	return "SELECT dunning.notice_sent(notice) FROM dunning.notice WHERE customer = '$customer' AND state = 'taken'";
}

# How many messages leave when all is done once more
sub again
{
	value($db, 'SELECT dunning.run_reminders(); SELECT dunning.make_notices()');
	return value($db, q(SELECT count(*) FROM dunning.take_notices('email')));
}

sub waits
{
	my ($who) = @_;
	return poll(30, sub { value($db, "SELECT count(*) FROM pg_locks WHERE pid = $who->{pid} AND NOT granted") });
}

# A run, and one that is undone, beside a sender whose transaction is open
bills('(1, 1, 6), (2, 2, 6)');
$sender->ask('BEGIN');
is($sender->ask($take), '1 2', 'a sender takes two messages');
$other->say('UPDATE public.bill SET amount = 40 WHERE id = 1');
ok(waits($other), 'who pays waits until the sender commits');
$sender->ask('COMMIT');
is(($other->answer)[1], '', 'and is not refused');
is($sender->ask(sent(1)), 't', 'the message was sent');
is($sender->ask(sent(2)), 't', 'and so was the other');
is(again(), 0, 'no message leaves again');
is(reminders(1) . ' / ' . reminders(2), '1 sent / 1 sent', 'each step was sent once');

# the ERP's work is done behind the back of the triggers
bills('(3, 3, 6), (4, 4, 6)');
$sender->ask('BEGIN');
is($sender->ask($take), '3 4', 'two more');
$other->ask('SET session_replication_role = replica; UPDATE public.bill SET amount = 40 WHERE id = 3; RESET session_replication_role');
($out, $err) = $other->ask('CALL dunning.run()');
is($err, '', 'a run does not wait');
is($other->ask(q(SELECT dunning.undo_run(run) FROM dunning.reminder WHERE item = '4')), '0', 'nor is the run undone');
is(reminders(3) . ' / ' . reminders(4), '1 pending / 1 pending', 'and neither takes what the sender has');
$sender->ask('COMMIT');
is($other->ask(q(SELECT dunning.undo_run(run) FROM dunning.reminder WHERE item = '4')), '0', 'after the commit neither');
$sender->ask(sent($_)) for 3, 4;
is(again(), 0, 'no message leaves again');
is(reminders(3) . ' / ' . reminders(4), '1 sent / 1 sent', 'each step was sent once');

# A payment cancels what waits, and leaves what is on its way
bills('(5, 5, 6), (6, 6, 6)');
$sender->ask(q(UPDATE dunning.notice SET ready_at = now() + interval '1 hour' WHERE customer = '6' AND state = 'waiting'));
is($sender->ask($take), '5', 'one is taken, the other waits');
value($db, 'UPDATE public.bill SET amount = 0 WHERE id IN (5, 6)');
is(reminders(5) . ' / ' . reminders(6), '1 pending / 1 cancelled', 'a payment');
is(value($db, q(SELECT dunning.settle_reminders('bill'))), 0, 'nor does settle_reminders take it');
$sender->ask(sent(5));
is(reminders(5), '1 sent', 'what left counts as sent');
value($db, 'UPDATE public.bill SET amount = 100 WHERE id = 5');
is(again(), 0, 'and does not leave again when the payment is taken back');

# What a transaction is changing is not taken
bills('(7, 7, 6), (8, 8, 6)');
$other->ask('BEGIN');
is($other->ask(q(SELECT dunning.cancel_reminder(reminder, 'wrong') FROM dunning.reminder WHERE item = '7')), 't', 'somebody cancels a reminder');
is($sender->ask($take), '8', 'a sender gets the other message, and does not wait');
$other->ask('ROLLBACK');
is($sender->ask($take), '7', 'then this one');
($out, $err) = $other->ask(q(SELECT dunning.cancel_reminder(reminder, 'wrong') FROM dunning.reminder WHERE item = '7'));
like($err, qr/ERROR:  55000: reminder \d+ is on its way to the customer.*DETAIL:  A sender has it in hand: "\w+" took notice \d+/s, 'which nobody cancels any more');
$sender->ask(sent($_)) for 7, 8;

# Somebody cancels a reminder while the sender says that it was sent: the lease is over
bills('(11, 9, 6), (12, 9, 6)');
is($sender->ask($take), '9', 'a message of two items');
value($db, q(UPDATE dunning.notice SET ready_at = now() WHERE state = 'taken'));
$other->ask('BEGIN');
$other->ask(q(SELECT dunning.cancel_reminder(reminder, 'wrong') FROM dunning.reminder WHERE item = '11'));
$sender->say(sent(9));
ok(waits($sender), 'the report waits for who cancels');
$other->ask('COMMIT');
($out, $err) = $sender->answer;
is("$out$err", 't', 'and is taken down');
is(reminders(11) . ' / ' . reminders(12), '1 cancelled / 1 sent', 'what was cancelled stays so, the other one was sent');

# an earlier step that a later one covers
value($db, 'UPDATE public.bill SET amount = 0 WHERE id = 11');
bills('(13, 1, 6)');
value($db, 'UPDATE public.bill SET due_on = due_on - 10 WHERE id = 13');
value($db, q(SET session_replication_role = replica; UPDATE dunning.reminder SET due_on = due_on - 10 WHERE item = '13'; RESET session_replication_role;
	SELECT dunning.withdraw_notice(notice, 'x') FROM dunning.notice WHERE state = 'waiting';
	INSERT INTO dunning.reminder (ledger, item, step, level, raised_on, channel, label, customer, due_on, open_amount) SELECT ledger, item, '15', 2, raised_on, channel, 'Second', customer, due_on, open_amount
	FROM dunning.reminder WHERE item = '13'; SELECT dunning.make_notices()));
is($sender->ask($take), '1', 'a message about the second step');
$other->ask('BEGIN');
$other->ask(q(SELECT dunning.cancel_reminder(reminder, 'wrong') FROM dunning.reminder WHERE item = '13' AND level = 1));
$sender->say(sent(1));
ok(waits($sender), 'the report waits for who cancels the first one');
$other->ask('COMMIT');
($out, $err) = $sender->answer;
is("$out$err", 't', 'and is taken down');
is(reminders(13), '1 cancelled, 2 sent', 'with what became of both');

$_->quit for $sender, $other;
value('postgres', "DROP DATABASE $db WITH (FORCE)");
done_testing();
