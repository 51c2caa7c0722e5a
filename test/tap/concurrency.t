#!/usr/bin/env perl
# Runs beside each other, beside the ERP's work, and interrupted.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Test::More;

$ENV{PGOPTIONS} = '-c dunning.today=2026-03-20';
my $db = database('dunning_concurrency');
value($db, <<'SQL');
CREATE TABLE public.facture (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric);
-- a run takes the oldest first, so each batch of 1,000 has a day of its own
INSERT INTO public.facture SELECT k, k % 7, date '2026-02-27' + (k - 1) / 1000, 100 FROM generate_series(1, 2500) AS k;
-- the reminder of one item waits for whoever holds this lock
CREATE FUNCTION public.hold_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(4711);
	RETURN NEW;
END $$;
CREATE FUNCTION public.break_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken off'; END $$;
CREATE TRIGGER hold_up BEFORE INSERT ON dunning.reminder FOR EACH ROW WHEN (NEW.item = '1500') EXECUTE FUNCTION public.hold_up();
SQL
value($db, "SELECT dunning.adopt('public.facture')");

# past the triggers that keep the facts
my $clear = 'SET session_replication_role = replica; TRUNCATE dunning.reminder; RESET session_replication_role;';
my $written = 'SELECT count(*) FROM dunning.reminder';
my $twice = 'SELECT count(*) FROM (SELECT FROM dunning.reminder GROUP BY ledger, item, level HAVING count(*) > 1) s';
my $last_run = q(SELECT raised || ' ' || cancelled || ' ' || (finished_at IS NOT NULL) FROM dunning.run_log WHERE refused IS NULL ORDER BY run DESC LIMIT 1);

my $holder = session($db);
my $runner = session($db);
my $other = session($db);
my $listener = session($db);
$listener->ask('LISTEN dunning');

# Starts a run that is held up in its second batch.
sub start_run
{
	$holder->ask('SELECT pg_advisory_lock(4711)');
	$runner->say('CALL dunning.run(dunning.today())');
	return poll(30, sub {
		value($db, "SELECT count(*) FROM pg_locks WHERE pid = $runner->{pid} AND locktype = 'advisory' AND NOT granted") });
}

sub let_run
{
	return $holder->ask('SELECT pg_advisory_unlock(4711)');
}

# Two runs at once
ok(start_run(), 'a run is at work');
is(value($db, $written), 1000, 'its first batch is committed');
my ($out, $err) = $other->ask('CALL dunning.run(dunning.today())');
like($err, qr/WARNING:  01000: another dunning run is working: nothing done.*DETAIL:  It is: run 1, role \w+, process $runner->{pid}, since /s, 'a second run says so and returns');
($out, $err) = $other->ask('SELECT dunning.run_reminders(dunning.today())');
is($out, 0, 'and so does the function');
like($err, qr/WARNING:  01000: another dunning run is working: nothing done/, 'with the warning');
is(value($db, "SELECT count(*), bool_and(finished_at IS NOT NULL), bool_and(pid = $other->{pid}) FROM dunning.run_log
	WHERE refused ~ '^run 1, role [a-z]+, process $runner->{pid}, since \\d{4}-'"), '2|t|t', 'both are logged, and who was working');
is(value($db, 'SELECT count(*) FROM dunning.run_log WHERE refused IS NULL'), 1, 'beside the one that works');
is(value($db, 'SELECT run, pid FROM dunning.run_holder()'), "1|$runner->{pid}", 'which anybody can see');

# The ERP goes on beside a run: what is paid meanwhile is cancelled at its end
value($db, 'UPDATE public.facture SET solde = 0 WHERE id IN (700, 1700)');
($out, $err) = $listener->ask('SELECT 1');
unlike($err . $out, qr/notification/, 'no notification before the end');
let_run();
($out, $err) = $runner->answer;
is($err, '', 'the run ends');
is(value($db, $written), 2500, 'all reminders are written');
is(value($db, q(SELECT string_agg(item::text, ' ' ORDER BY item) FROM dunning.reminder WHERE state = 'cancelled')), '1700 700',
	'those of items that were paid meanwhile are cancelled');
is(value($db, $last_run), '2500 2 true', 'as the log says');
($out, $err) = $listener->ask('SELECT 1');
like($out, qr/"dunning" with payload "\{"run": 1, "raised": 2500\}"/, 'and the notification');
($out, $err) = $other->ask('CALL dunning.run(dunning.today())');
is($err, '', 'the lock is free again');
is(value($db, 'SELECT count(*) FROM dunning.run_holder()'), 0, 'and nobody has it');
($out, $err) = $listener->ask('SELECT 1');
unlike($out, qr/notification/, 'a run that raises nothing notifies nobody');

# Interrupted half-way: what is committed stays, the next run does the rest
for my $how ('terminate', 'cancel')
{
	value($db, "$clear UPDATE public.facture SET solde = 100");
	ok(start_run(), "$how: a run is at work");
	value($db, "SELECT pg_${how}_backend($runner->{pid})");
	if ($how eq 'cancel')
	{
		($out, $err) = $runner->answer;
		like($err, qr/ERROR:  57014: /, 'cancel: it is cancelled');
	}
	else
	{
		ok(poll(30, sub { value($db, "SELECT count(*) FROM pg_stat_activity WHERE pid = $runner->{pid}") == 0 }),
			'terminate: it is gone');
		$runner = session($db);
	}
	let_run();
	is(value($db, $written), 1000, "$how: what was committed stays");
	is(value($db, $last_run), '1000 0 false', "$how: and the log shows a run that did not end");
	is(value($db, q(SELECT count(*), count(h.pid) FROM dunning.run_log AS g LEFT JOIN dunning.run_holder() AS h ON h.run = g.run
		WHERE g.finished_at IS NULL AND g.pid IS NOT NULL AND g.run = (SELECT max(run) FROM dunning.run_log))), '1|0', "$how: and that it is not working");
	($out, $err) = $other->ask('CALL dunning.run(dunning.today())');
	is($err, '', "$how: another session can run at once");
	is(value($db, q(SELECT string_agg(note, ' ' ORDER BY run) = concat('interrupted, as run ', max(run) + 1, ' found') FROM dunning.run_log
		WHERE finished_at IS NULL AND run > (SELECT max(run) FROM dunning.run_log) - 2)), 't', "$how: and says what became of the one that did not end");
	is(value($db, 'SELECT count(*) FROM _dunning.run_item'), '0', "$how: nothing of what it had read is left");
	is(value($db, $written), 2500, "$how: and does the rest");
	is(value($db, $last_run), '1500 0 true', "$how: which is not what was there");
	is(value($db, $twice), 0, "$how: nothing is there twice");
	($out, $err) = $runner->ask('CALL dunning.run(dunning.today())');
	is($err, '', "$how: and so can the session itself");
}

# An error leaves the lock free, in a session that lives on: at the top, in a
# transaction, behind a savepoint
value($db, "DROP TRIGGER hold_up ON dunning.reminder; $clear");
value($db, q(CREATE TRIGGER break_off BEFORE INSERT ON dunning.reminder FOR EACH ROW WHEN (NEW.item = '1500') EXECUTE FUNCTION public.break_off()));
($out, $err) = $runner->ask('CALL dunning.run(dunning.today())');
like($err, qr/ERROR:  P0001: broken off/, 'a run that fails');
($out, $err) = $other->ask('CALL dunning.run(dunning.today())');
like($err, qr/ERROR:  P0001: broken off/, 'lets another one try');
$runner->ask('BEGIN');
$runner->ask('SAVEPOINT s');
($out, $err) = $runner->ask('SELECT dunning.run_reminders(dunning.today())');
like($err, qr/ERROR:  P0001: broken off/, 'one in a transaction fails');
$runner->ask('ROLLBACK TO s');
($out, $err) = $other->ask('CALL dunning.run(dunning.today())');
like($err, qr/ERROR:  P0001: broken off/, 'and rolled back to a savepoint, it lets another one try');
$runner->ask('COMMIT');
value($db, 'DROP TRIGGER break_off ON dunning.reminder');
($out, $err) = $runner->ask('CALL dunning.run(dunning.today())');
is($err, '', 'after that all works');
is(value($db, $written), 2500, 'and nothing is missing');
is(value($db, $twice), 0, 'or there twice');

# run_reminders as part of a transaction that stays open: what it wrote is not to be
# seen yet, so that no other run may start before the end
for my $end ('COMMIT', 'ROLLBACK', 'ROLLBACK TO s', 'COMMIT of a block')
{
	my ($begin) = $end =~ /^ROLLBACK TO/ ? 'BEGIN; SAVEPOINT s' : 'BEGIN';
	value($db, $clear);
	$runner->ask($begin);
	if ($end =~ /block/)
	{
		$runner->ask('DO $$ BEGIN PERFORM dunning.run_reminders(dunning.today()); EXCEPTION WHEN division_by_zero THEN NULL; END $$');
	}
	else
	{
		is($runner->ask('SELECT dunning.run_reminders(dunning.today())'), 2500, "$end: reminders of an open transaction");
	}
	is($runner->ask('SELECT dunning.run_reminders(dunning.today())'), 0, "$end: the transaction itself can run again");
	($out, $err) = $other->ask('CALL dunning.run(dunning.today())');
	like($err, qr/WARNING:  01000: another dunning run is working: nothing done.*process $runner->{pid}, since \d{4}-/s, "$end: a run beside it is refused");
	is(value($db, 'SELECT pid FROM dunning.run_holder()'), $runner->{pid}, "$end: and can be told by whom");
	$runner->ask($end =~ s/ of.*//r);
	is(value($db, 'SELECT count(*) FROM dunning.run_holder()'), 0, "$end: then nobody is working");
	($out, $err) = $other->ask('CALL dunning.run(dunning.today())');
	is($err, '', "$end: and another can run");
	is(value($db, $written), 2500, "$end: all reminders are there");
	is(value($db, $twice), 0, "$end: once");
	is(value($db, $last_run), ($end =~ 'COMMIT' ? '0 0 true' : '2500 0 true'), "$end: by the right run");
	$runner->ask('COMMIT') if $end =~ /TO s/;
}

# The lock is for those who may run: nobody else can take it, nor let it go
value('postgres', 'DROP ROLE IF EXISTS dunning_stranger');
value('postgres', 'CREATE ROLE dunning_stranger');
$other->ask('SET ROLE dunning_stranger');
$other->ask("SELECT pg_advisory_lock(1685417582, $_), pg_advisory_xact_lock(1685417582, $_)") for 1, 2;
for my $lock ('run_lock', 'claim_lock', 'notice_lock')
{
	($out, $err) = $other->ask("SELECT _dunning.$lock()");
	like($err, qr/ERROR:  42501/, "a stranger may not call $lock");
}
($out, $err) = $runner->ask('CALL dunning.run(dunning.today())');
is($err, '', 'advisory locks of a stranger stop no run');
($out, $err) = $runner->ask('SELECT * FROM dunning.claim_penalties(dunning.today())');
is($err, '', 'and no claims');
is($other->ask("SELECT pg_advisory_lock('dunning.notice'::regclass::oid::bigint)"), '', 'a stranger takes the number of the messages');
($out, $err) = $runner->ask("SET statement_timeout = '60s'; SELECT dunning.make_notices() >= 0; RESET statement_timeout");
is($err, '', 'and stops no messages');
$other->ask('RESET ROLE');
$other->ask('SELECT pg_advisory_unlock_all()');
is($runner->ask('SELECT _dunning.run_lock()'), 't', 'a session takes the lock');
$runner->ask($_) for 'SELECT pg_advisory_unlock_all()', 'DISCARD ALL';
($out, $err) = $other->ask('CALL dunning.run(dunning.today())');
like($err, qr/another dunning run is working/, 'which no reset of the session lets go behind its back');
($out, $err) = $runner->ask('CALL dunning.run(dunning.today())');
like($err, qr/another dunning run is working: nothing done.*process $runner->{pid}/s, 'nor does it take it twice');
$runner->ask('SELECT 1 / 0');
($out, $err) = $other->ask('CALL dunning.run(dunning.today())');
is($err, '', 'an error lets it go');
is($runner->ask('SELECT _dunning.run_lock()'), 't', 'taken again');
$runner->quit;
ok(poll(30, sub { value($db, 'SELECT count(*) FROM dunning.run_holder()') == 0 }), 'the end of the session lets it go');
$runner = session($db);
# also in a transaction, or when the session is ended by another
for my $begin ('SELECT 1', 'BEGIN')
{
	$runner->ask($begin);
	is($runner->ask('SELECT _dunning.run_lock()'), 't', "$begin: taken");
	value($db, "SELECT pg_terminate_backend($runner->{pid})");
	ok(poll(30, sub { value($db, "SELECT count(*) FROM pg_stat_activity WHERE pid = $runner->{pid}") == 0 }), "$begin: the session is ended");
	is(value($db, 'SELECT count(*) FROM dunning.run_holder()'), 0, "$begin: and the lock is free");
	$runner = session($db);
	is($runner->ask('SELECT _dunning.run_lock()'), 't', "$begin: for the next");
	$runner->ask('SELECT _dunning.run_unlock()');
}
value('postgres', 'DROP ROLE dunning_stranger');

# From a block, and within a transaction of the caller
($out, $err) = $other->ask('DO $$ BEGIN CALL dunning.run(dunning.today()); END $$');
is($err, '', 'a run from a block without a transaction works');
$other->ask('BEGIN');
($out, $err) = $other->ask('CALL dunning.run(dunning.today())');
like($err, qr/ERROR:  2D000: invalid transaction termination/, 'one in a transaction of the caller cannot commit');
$other->ask('ROLLBACK');
($out, $err) = $runner->ask('CALL dunning.run(dunning.today())');
is($err, '', 'and holds nobody up');

# A sender holds what he sends: a run beside him withdraws the rest and does not wait
value($db, 'UPDATE public.facture SET solde = 60 WHERE id IN (11, 12)');
is(value($db, "SELECT count(*) FROM dunning.to_send WHERE item IN ('11', '12', '13')"), 1, 'a changed item is not for sending');
value($db, 'UPDATE public.facture SET solde = 100 WHERE id IN (11, 12)');
$runner->ask('BEGIN');
is($runner->ask("SELECT item FROM dunning.to_send WHERE item = '11' FOR UPDATE SKIP LOCKED"), '11', 'a sender takes a reminder');
is($other->ask("SELECT count(*) FROM (SELECT FROM dunning.to_send WHERE item IN ('11', '12') FOR UPDATE SKIP LOCKED) s"), 1, 'and leaves another to the next');
value($db, 'UPDATE public.facture SET solde = 60 WHERE id IN (11, 12)');
($out, $err) = $other->ask('CALL dunning.run(dunning.today())');
is($err, '', 'a run goes on');
is($runner->ask(q(SELECT dunning.mark_reminder_sent(reminder) FROM dunning.reminder WHERE item = '11' AND state = 'pending')), 't', 'the sender sends');
$runner->ask('COMMIT');
is(value($db, q(SELECT string_agg(concat_ws(' ', item, state, open_amount, reason), '; ' ORDER BY item, reminder) FROM dunning.reminder WHERE item IN ('11', '12'))),
	'11 sent 100; 12 cancelled 100 60 is open, not 100; 12 pending 60', 'what he had, and the run saw to the other');

# Whoever cancels what he sent is told what that means
my $pending = value($db, q(SELECT reminder FROM dunning.reminder WHERE item = '12' AND state = 'pending'));
$other->ask('BEGIN');
for my $reason ('sent by hand', 'envoyé à la main', 'Expédié', 'von Hand verschickt', 'wrong address')
{
	($out, $err) = $other->ask("SELECT dunning.cancel_reminder($pending, '$reason')");
	is($out, 't', "cancelled: $reason");
	$reason eq 'wrong address' ? is($err, '', 'without a word')
		: like($err, qr/WARNING:  01000: reminder $pending is cancelled, so that its step does not count and is raised again.*dunning\.mark_reminder_sent\($pending\).*dunning\.skip_reminder\($pending,/s, 'with a warning');
	$other->ask('ROLLBACK; BEGIN');
}
$other->ask('ROLLBACK');

# A payment that comes and goes while a run works takes the level before away:
# the next one is not the first that the debtor gets
value($db, $clear . q(CREATE TRIGGER hold_up BEFORE INSERT ON dunning.reminder FOR EACH ROW WHEN (NEW.item = '1500' AND NEW.level = 2) EXECUTE FUNCTION public.hold_up()));
value($db, 'UPDATE public.facture SET solde = 100');
value($db, "CALL dunning.run('2026-03-10')");
ok(start_run(), 'a run raises the second level');
value($db, 'UPDATE public.facture SET solde = 0 WHERE id IN (600, 1700)');
is(value($db, "SELECT dunning.settle_reminders('facture', '600') || ' ' || dunning.settle_reminders('facture', '1700')"), '2 1', 'a payment cancels what is pending of its items');
value($db, 'UPDATE public.facture SET solde = 100 WHERE id IN (600, 1700)');
let_run();
($out, $err) = $runner->answer;
is($err, '', 'it is taken back, and the run ends');
is(value($db, q(SELECT string_agg(concat_ws(' ', item, level, state, reason), '; ' ORDER BY item, level) FROM dunning.reminder WHERE item IN ('600', '1700', '1701'))),
	'1700 1 cancelled no longer open; 1700 2 cancelled the step before it, "5 email", was cancelled; 1701 1 pending; 1701 2 pending; 600 1 cancelled no longer open; 600 2 cancelled no longer open',
	'no second level stands without the first');
# what is cancelled on the real day counts on the days of this story
value($db, "DROP TRIGGER hold_up ON dunning.reminder; SET session_replication_role = replica; UPDATE dunning.reminder SET cancelled_on = raised_on WHERE state = 'cancelled'");
value($db, "CALL dunning.run('2026-03-20')");
is(value($db, q(SELECT string_agg(concat_ws(' ', item, level), ', ' ORDER BY item) FROM dunning.reminder WHERE item IN ('600', '1700') AND state = 'pending')),
	'1700 1, 600 1', 'the next run begins with it');

# A ledger that is released to be adopted again while its items are to be
# settled: who reads it waits for the release, since its views are dropped; then
# nobody knows what is paid, so nothing is cancelled
value($db, 'CREATE TABLE another (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric)');
value($db, "SELECT dunning.adopt('another')");
my ($ledger, $waiting) = split /\|/, value($db, q(SELECT ledger, count(*) FROM dunning.reminder WHERE state = 'pending' GROUP BY ledger));
$runner->ask('BEGIN');
is($runner->ask("SELECT dunning.release_ledger('$ledger', keep => true)"), $waiting, 'a release that keeps what is pending');
$other->say("SELECT dunning.settle_reminders('$ledger')");
ok(poll(30, sub { value($db, "SELECT count(*) FROM pg_locks WHERE pid = $other->{pid} AND NOT granted") }), 'settling beside it waits');
$runner->ask('COMMIT');
($out, $err) = $other->answer;
is("$out$err", '0', 'and settles nothing');
($out, $err) = $other->ask("SELECT dunning.settle_reminders('$ledger')");
is("$out$err", '0', 'and settles nothing after it');
is(value($db, q(SELECT count(*) FROM dunning.reminder WHERE state = 'pending')), $waiting, 'what was pending is');

$_->quit for $holder, $runner, $other, $listener;
value('postgres', "DROP DATABASE $db WITH (FORCE)");
done_testing();
