#!/usr/bin/env perl
# A server on which sessions are killed, ended and stopped while they run, claim, hold,
# promise and plan, and payments come and go, ends as one does that was left alone and was
# told the same.  DUNNING_KILLS says how many blows, DUNNING_KILLS_SEED which.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Test::More;
use Time::HiRes ();

my $build = $ENV{DUNNING_BUILD};
my $bin = $ENV{DUNNING_BINDIR};
plan skip_all => 'not in script/with-cluster' unless $build && $bin;

my $blows = $ENV{DUNNING_KILLS} // 10;
my $seed = $ENV{DUNNING_KILLS_SEED} // 14;
srand $seed;
my $customers = 24;
my $data = "$build/kills";
my $port = $ENV{PGPORT} + 1;
my $name = 'dunning_kills';
my $struck = "dbname=$name port=$port";
my $server;

$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);
$SIG{PIPE} = 'IGNORE';    # a session that is dead
END
{
	my $status = $?;
	stop_server($server) if $server;
	system('rm', '-rf', $data) if $data;
	$? = $status;
}

my ($failed, $said) = as_server("$bin/initdb", '-D', $data, '-U', $ENV{PGUSER}, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync');
is($failed, 0, 'a cluster of its own') or BAIL_OUT($said);
as_server('sh', '-c', "printf '%s\\n' \"listen_addresses = ''\" \"unix_socket_directories = '$build'\" 'fsync = off' 'jit = off' 'autovacuum = off' >>$data/postgresql.conf");

sub start
{
	$server = start_server($data, $port) or BAIL_OUT(`tail -50 $data.log`);
	return;
}
start();

# Two ledgers that triggers watch, one by item and one by customer.  The clock is a table, and
# a run commits every ten reminders.
my $books = <<'SQL';
CREATE TABLE public.clock (day date);
INSERT INTO public.clock VALUES ('2026-01-20');
CREATE OR REPLACE FUNCTION _dunning.real_day() RETURNS date LANGUAGE sql STABLE AS 'SELECT day FROM public.clock';
CREATE OR REPLACE FUNCTION _dunning.run_batch_size() RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 10';
CREATE TABLE public.done (event integer PRIMARY KEY);
CREATE TABLE public.bill (id integer PRIMARY KEY, client integer NOT NULL, issued_on date NOT NULL, due_on date NOT NULL, amount numeric NOT NULL, currency text NOT NULL DEFAULT 'EUR');
CREATE TABLE public.payment (id integer PRIMARY KEY, bill integer NOT NULL, paid_on date NOT NULL, amount numeric NOT NULL);
CREATE TABLE public.site_bill (LIKE public.bill INCLUDING ALL);
CREATE TABLE public.site_payment (LIKE public.payment INCLUDING ALL);
CREATE INDEX ON public.payment (bill);
CREATE INDEX ON public.site_payment (bill);
CREATE INDEX ON public.bill (client);
CREATE INDEX ON public.site_bill (client);
INSERT INTO dunning.procedure (name, procedure) VALUES ('ladder', '5 email; 10 letter fee 5 EUR; 20 registered_letter; broken promise 1 phone; broken plan 0 task; wait 3'), ('whole', '3 email; 12 letter fee 5 EUR; broken 1 phone; wait 4; by customer');
INSERT INTO dunning.rule (name, rule) VALUES ('flat', dunning.penalty_rule(10, 'compensation 40 EUR'));
SELECT dunning.adopt('public.bill', procedure => 'ladder', rule => 'flat', watch => true,
	columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on", "amount": "amount", "currency": "currency", "payments": {"table": "payment", "item": "bill", "date": "paid_on", "amount": "amount"}}');
SELECT dunning.adopt('public.site_bill', procedure => 'whole', rule => 'flat', watch => true,
	columns => '{"key": "id", "customer": "client", "due_on": "due_on", "issued_on": "issued_on", "amount": "amount", "currency": "currency", "payments": {"table": "site_payment", "item": "bill", "date": "paid_on", "amount": "amount"}}');
SQL
my $bills = 0;
my $payments = 0;

# New invoices, so many of a day
sub invoices
{
	my ($n, $earlier) = @_;
	my $sql = '';
	for (1 .. $n)
	{
		$bills++;
		my $issued = $earlier ? int(rand 40) : 0;
		$sql .= sprintf("INSERT INTO public.%s SELECT %d, %d, day - %d, day - %d + %d, %d FROM public.clock;\n", $bills % 2 ? 'bill' : 'site_bill',
			$bills, 1 + int(rand $customers), $issued, $issued, 5 + int(rand 20), 50 + int(rand 500));
	}
	return $sql;
}

sub both { my ($sql) = @_; value($_, $sql) for $name, $struck; return; }
database($name);
value("dbname=postgres port=$port", "CREATE DATABASE $name");
value($struck, 'CREATE EXTENSION pg_dunning');
both($books);
both(invoices(70, 1));

# What a customer does, on both servers: one thing each between two runs, so that the order
# in which a run sees it among others makes no difference.
sub event
{
	my ($customer) = @_;
	my $ledger = rand() < 0.5 ? 'bill' : 'site_bill';
	my $payment = $ledger eq 'bill' ? 'payment' : 'site_payment';
	my $one = "(SELECT b.id FROM public.$ledger AS b WHERE b.client = $customer AND b.amount > coalesce((SELECT sum(p.amount) FROM public.$payment AS p WHERE p.bill = b.id), 0) ORDER BY b.id LIMIT 1)";
	my $open = "(SELECT b.amount - coalesce(sum(p.amount), 0) FROM public.$ledger AS b LEFT JOIN public.$payment AS p ON p.bill = b.id WHERE b.id = i.id GROUP BY b.amount)";
	my $pay = sub { my ($amount) = @_; $payments++; return "INSERT INTO public.$payment SELECT $payments, i.id, c.day - ".int(rand 3).", $amount FROM public.clock AS c, $one AS i"; };
	my $kind = rand;
	return $pay->($open) if $kind < 0.25;
	return $pay->("least(50, $open)") if $kind < 0.4;
	# taken back
	return "DELETE FROM public.$payment WHERE id = (SELECT max(p.id) FROM public.$payment AS p JOIN public.$ledger AS b ON b.id = p.bill WHERE b.client = $customer)" if $kind < 0.55;
	return "SELECT dunning.hold_item('$ledger', i.id::text::dunning.item_key, 'manual', until_day => c.day + ".int(rand 6).") FROM public.clock AS c, $one AS i" if $kind < 0.62;
	return "SELECT dunning.hold_customer('$ledger', '$customer', 'manual', until_day => c.day + ".int(rand 6).") FROM public.clock AS c, $one AS i" if $kind < 0.68;
	return "SELECT dunning.release_hold(max(h.hold), 'over') FROM dunning.hold AS h WHERE h.source = 'person' AND h.released_on IS NULL AND (h.customer = '$customer' "
		. "OR h.item IN (SELECT b.id::text::dunning.item_key FROM public.$ledger AS b WHERE b.client = $customer)) AND h.ledger = '$ledger' HAVING count(*) > 0" if $kind < 0.76;
	return "SELECT dunning.promise_to_pay('$ledger', '$customer', $open, c.day + 3) FROM public.clock AS c, $one AS i" if $kind < 0.84;
	return "SELECT dunning.promise_to_pay('$ledger', '$customer', $open, c.day + 2, ARRAY[i.id::text::dunning.item_key], grace_days => 1) FROM public.clock AS c, $one AS i" if $kind < 0.9;
	return "SELECT dunning.withdraw_promise(max(p.promise), 'no') FROM dunning.promise AS p JOIN public.clock AS c ON p.last_on >= c.day WHERE p.customer = '$customer' AND p.ledger = '$ledger' AND p.withdrawn_on IS NULL HAVING count(*) > 0" if $kind < 0.93;
	return "SELECT dunning.agree_plan('$ledger', ARRAY[i.id::text::dunning.item_key], c.day + 4, number => 2, every_days => 4) FROM public.clock AS c, $one AS i "
		. "WHERE NOT EXISTS (SELECT FROM dunning.plan AS p WHERE p.ledger = '$ledger' AND p.ended_on IS NULL AND i.id::text::dunning.item_key = ANY (p.items))";
}

# The end of a day without a blow, and what is there then.  What was withdrawn is not compared:
# a run in the midst of it all raises what the next event takes back, and so it is with what broke.
my @state = (
	reminder => q(SELECT concat_ws(' ', r.ledger, r.item, r.step, r.channel, CASE WHEN r.step !~ '^broken' THEN r.occurrence END, r.raised_on, r.state, r.sent_on, r.open_amount, r.held_amount, r.by_customer, r.late_interest, r.fee) FROM dunning.reminder AS r WHERE r.state <> 'cancelled'),
	hold => q(SELECT concat_ws(' ', h.ledger, h.item, h.customer, h.reason, h.from_day, h.until_day, h.amount, h.released_on, h.release_reason, count(*)) FROM dunning.hold AS h WHERE NOT (h.reason ~ '^broken_' AND h.released_on IS NOT NULL) GROUP BY h.ledger, h.item, h.customer, h.reason, h.from_day, h.until_day, h.amount, h.released_on, h.release_reason),
	promise => q(SELECT concat_ws(' ', p.ledger, p.customer, p.items, p.amount, p.promised_on, p.last_on, p.state, p.paid, p.decided_on, p.problem) FROM dunning.promises((SELECT day FROM public.clock)) AS p),
	plan => q(SELECT concat_ws(' ', p.ledger, p.items, p.amount, p.agreed_on, p.state, p.paid, p.decided_on, f.ended_on, f.ended_as, cardinality(f.holds)) FROM dunning.plans((SELECT day FROM public.clock)) AS p JOIN dunning.plan AS f ON f.plan = p.plan),
	claim => q(SELECT concat_ws(' ', c.ledger, c.item, c.kind, sum(c.amount)) FROM dunning.claim AS c GROUP BY c.ledger, c.item, c.kind HAVING sum(c.amount) <> 0),
	problem => q(SELECT concat_ws(' ', p.ledger, p.item, p.topic, p.message) FROM dunning.run_problem AS p WHERE p.sqlstate IS NOT NULL OR p.topic = 'agenda'),
	row => q(SELECT 'left over ' || i.item FROM _dunning.run_item AS i),
);
my $done = 0;
my %fell;
my $hit = 0;
my $took = 0.5;
my $today = q(SELECT set_config('dunning.today', day::text, false) FROM public.clock \g /dev/null
);
my $quiet = "SET client_min_messages = error;\n\\o /dev/null\n";
my $settle = $today . "CALL dunning.run();\nSELECT count(*) FROM dunning.claim_penalties();\n";

# What is there after some statements, by kind
sub state_of
{
	my ($db, $first) = @_;
	my $began = Time::HiRes::time();
	my $said = value($db, "$first\n\\o\n$today" . join '', map { "\\echo -- $state[2 * $_]\n$state[2 * $_ + 1] ORDER BY 1;\n" } 0 .. $#state / 2);
	$took = 0.5 * (Time::HiRes::time() - $began) if $db eq $name;
	my %is = map { $state[2 * $_] => '' } 0 .. $#state / 2;
	$is{$1} = $2 while $said =~ /^-- (\w+)\n(.*?)(?=^-- |\z)/gms;
	return \%is;
}

# Strikes a session, or the server
sub strike
{
	my ($how, $pid) = @_;
	if ($how eq 'immediate')
	{
		kill 'QUIT', $server;
		waitpid $server, 0;
		start();
	}
	elsif ($how eq 'kill')
	{
		kill 'KILL', $pid;
		# the server ends all others and comes back
		select(undef, undef, undef, 0.05);
		poll(60, sub { (psql($struck, 'SELECT 1'))[0] == 0 }) or BAIL_OUT(`tail -50 $data.log`);
	}
	else
	{
		psql($struck, "SELECT pg_${how}_backend($pid)");
	}
	return;
}

my $wrong = 0;
my %session;
for my $blow (1 .. $blows)
{
	my $before = $blow % 2 ? "UPDATE public.clock SET day = day + 1;\n" . invoices(4, 0) : '';
	$before .= "$today SELECT dunning.mark_reminder_sent(r.reminder, c.day) FROM dunning.reminder AS r, public.clock AS c WHERE r.state = 'pending' AND (ascii(right(r.item::text, 1)) + r.level) % 3 <> 0 ORDER BY r.ledger, r.item, r.part, r.level;\n"
		if $blow % 3 == 0;
	my %busy;
	my @event;
	for (1 .. 8)
	{
		my $customer = 1 + int(rand $customers);
		push @event, event($customer) unless $busy{$customer}++;
	}
	my $told = sub { return join '', map { "BEGIN; INSERT INTO public.done VALUES (" . ($done + $_) . "); $event[$_]; COMMIT;\n" } @_; };

	# undisturbed
	my $should = state_of($name, $quiet . $before . $told->(0 .. $#event) . $settle);

	# struck
	value($struck, $quiet . $before) if $before;
	for my $who (qw(run claim event))
	{
		next if $session{$who};
		$session{$who} = session($struck);
		$session{$who}->ask('SET client_min_messages = error');
	}
	$session{$_}->ask($today) for qw(run claim event);
	$session{run}->say(rand() < 0.7 ? 'CALL dunning.run()' : 'SELECT dunning.run_reminders()');
	$session{claim}->say('SELECT count(*) FROM dunning.claim_penalties()');
	$session{event}->say($told->(0 .. $#event));
	my $how = (qw(kill immediate terminate cancel))[int rand 4];
	my $whom = (qw(run run claim event))[int rand 4];
	my $until = Time::HiRes::time() + rand(1.2 * $took);
	while (Time::HiRes::time() < $until)
	{
		eval { $session{$_}{run}->pump_nb } for keys %session;
		select(undef, undef, undef, 0.005);
	}
	$hit++ if $session{$whom}{out} !~ /said $session{$whom}{n}\n$/;
	strike($how, $session{$whom}{pid});
	$fell{"$how $whom"}++;
	# the others end by themselves, or are dead
	delete @session{$how eq 'cancel' ? () : $how eq 'terminate' ? $whom : keys %session};
	$_->answer for values %session;
	poll(60, sub { value($struck, "SELECT count(*) FROM pg_stat_activity WHERE datname = '$name' AND state = 'active' AND pid <> pg_backend_pid() AND backend_type = 'client backend'") eq '0' }) or BAIL_OUT('sessions do not end');
	my %there = map { $_ => 1 } split /\n/, value($struck, "SELECT event FROM public.done WHERE event >= $done");
	my $is = state_of($struck, $quiet . $told->(grep { !$there{$done + $_} } 0 .. $#event) . $settle);
	$done += @event;

	for my $what (grep { $should->{$_} ne $is->{$_} } sort keys %$should)
	{
		$wrong++;
		my %here = map { $_ => 1 } split /\n/, $is->{$what};
		my %elsewhere = map { $_ => 1 } split /\n/, $should->{$what};
		diag("blow $blow, $how $whom, $what\n", map({ "  only where it was struck: $_\n" } grep { !$elsewhere{$_} } sort keys %here),
			map({ "  only where it was not:    $_\n" } grep { !$here{$_} } sort keys %elsewhere));
		diag(join "\n", 'events:', @event);
	}
	last if $wrong;
	diag("$blow blows, $hit hit work") if $blow % 100 == 0;
}
undef %session;
is($wrong, 0, "after each of $blows blows all is as on the server that was left alone");
note("$hit of them hit work; ", join ', ', map { "$_: $fell{$_}" } sort keys %fell);
my $there = state_of($name, $quiet);
is($there->{problem}, '', 'no agenda missed anything, and nothing could not be computed');
cmp_ok(scalar(split /\n/, $there->{$_}), '>', 0, "there is what could differ: $_") for qw(reminder hold promise plan claim);

stop_server($server);
undef $server;
value('postgres', "DROP DATABASE $name WITH (FORCE)");
done_testing();
