#!/usr/bin/env perl
# The sender of contrib against a real SMTP server: refused recipients, greylisting, a lost connection,
# a sender that is killed; and two who take at once.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use File::Temp;
use IPC::Run ();
use Test::More;
use Time::HiRes 'sleep';

# Debian's own python has what apt installs
my ($python) = grep {
	system("$_ -c 'import aiosmtpd' 2>/dev/null && { $_ -c 'import psycopg' || $_ -c 'import psycopg2'; } 2>/dev/null") == 0
} ('/usr/bin/python3', 'python3');
plan skip_all => 'python3-aiosmtpd and python3-psycopg or python3-psycopg2 are not installed' unless $python;

my $kills = $ENV{DUNNING_KILLS} // 4;
my $due = $ENV{DUNNING_KILLS} ? 600 : 40;
my $db = database('dunning_sender');
value($db, <<"SQL");
CREATE TABLE facture (id integer PRIMARY KEY, client integer, nom text, email text, emise date, echeance date, solde numeric, devise text);
INSERT INTO facture SELECT k, k, 'Client ' || k, CASE k WHEN 1 THEN 'refused' WHEN 2 THEN 'grey' WHEN 3 THEN 'lost' ELSE 'c' || k END || '\@x.example',
	current_date - 40, current_date - 6, 10 * k, 'EUR' FROM generate_series(1, $due) AS k;
SELECT dunning.adopt('facture', columns => '{"key": "id", "customer": "client", "customer_name": "nom", "email": "email", "issued_on": "emise", "due_on": "echeance", "open_amount": "solde", "amount": "solde",
	"currency": "devise"}', rule => NULL);
SELECT dunning.save_sender('ACME é', email => 'credit\@acme.example');
SELECT dunning.run_reminders();
SELECT dunning.make_notices();
SQL
is(value($db, q(SELECT count(*) FROM dunning.notice WHERE state = 'waiting')), $due, 'the notices that are due');

# two at once
my @out = ('', '');
$_->finish for map {
	IPC::Run::start(['psql', '-XAtq', '-d', $db, '-c', q(BEGIN; SELECT notice FROM dunning.take_notices('email', 8) AS t; SELECT pg_sleep(2); ROLLBACK)], '>', \$out[$_])
} 0 .. 1;
my %got;
$got{$_}++ for map { grep { length } split /\n/ } @out;
is(join(',', grep { $got{$_} > 1 } sort keys %got), '', 'two takers at once get none in common');
is(scalar(keys %got), 16, 'and each gets his number');

my $folder = File::Temp->newdir;
my $log = "$folder/mail";
my $server = IPC::Run::start([$python, "$FindBin::Bin/smtp.py", $log], '>', '/dev/null', '2>', '/dev/null');
for (1 .. 300) { last if -s $log; sleep 0.1 }
my ($port) = do { open my $in, '<', $log or die "$log: $!"; <$in> =~ /(\d+)/ };
my @sender = ($python, "$FindBin::Bin/../../contrib/sender/dunning_sender.py", 'email', '--dsn', "dbname=$db", '--smtp', "127.0.0.1:$port", '--tls', 'none', '--most', '7');
sub sender
{
	my ($after) = @_;
	my $err = '';
	my $h = IPC::Run::start([@sender], '>', '/dev/null', '2>', \$err);
	if (defined $after) { sleep $after; $h->kill_kill(grace => 0) }
	else { $h->finish }
	return $err;
}
sub messages
{
	open my $in, '<', $log or die "$log: $!";
	my @line = grep { /^</ } <$in>;
	return map { /^<(\S+)> (\S+)/ ? [$1, $2] : () } @line;
}

# what is paid before it is taken never leaves
value($db, "UPDATE facture SET solde = 0 WHERE id = 5");

# killed at any moment, and started again when its lease is over
for my $n (1 .. $kills)
{
	sender(0.15 + rand(0.5));
	value($db, q(UPDATE dunning.notice SET ready_at = now() WHERE state = 'taken'));
}
sender();
# by whichever of them came to it
like(value($db, q(SELECT string_agg(reason, ', ') FROM dunning.notice WHERE state = 'set_aside')), qr/no such user/, 'a refused recipient is set aside');
value($db, q(UPDATE dunning.notice SET ready_at = now() WHERE state IN ('waiting', 'taken')));
sender();
is(value($db, q(SELECT string_agg(state || ' ' || n, ', ' ORDER BY state) FROM (SELECT state, count(*) AS n FROM dunning.notice GROUP BY state) AS s)),
	'sent ' . ($due - 2) . ', set_aside 1, withdrawn 1', 'all others are sent');
is(value($db, q(SELECT reason FROM dunning.notice WHERE state = 'withdrawn')), 'no longer open', 'but for the one that was paid');
my %delivered;
$delivered{ $_->[0] }{ $_->[1] } = 1 for messages();
is(scalar(keys %delivered), $due - 2, 'as many distinct Message-IDs were delivered as notices were due');
is((grep { keys %$_ > 1 } values %delivered) + 0, 0, 'each of them to one recipient');
is((grep { exists $_->{'c5@x.example'} || exists $_->{'refused@x.example'} } values %delivered) + 0, 0, 'nothing to who paid or was refused');
cmp_ok((grep { $_->[1] eq 'lost@x.example' } messages()) + 0, '>=', 2, 'a connection that was lost after the message: it went out again, with its Message-ID');
is(value($db, q(SELECT count(*) FROM dunning.reminder WHERE state = 'sent')), $due - 2, 'the reminders are sent');
is(join("\n", grep { !/^dunning-[0-9a-f-]{36}\@acme\.example$/ } keys %delivered), '', 'the Message-IDs are made of the notices');

# letters
value($db, q(INSERT INTO dunning.procedure (name, procedure) VALUES ('post', '5 letter')));
value($db, q(UPDATE dunning.ledger SET procedure = 'post'));
value($db, q(SELECT dunning.save_recipient('facture', '7', '<Service>', address => E'1 rue X\n75001 Paris')));
value($db, q(INSERT INTO facture SELECT 10007, 7, nom, email, emise, echeance, 70, devise FROM facture WHERE id = 7));
value($db, q(SELECT dunning.run_reminders(); SELECT dunning.make_notices()));
my $wrote = '';
IPC::Run::run([$python, $sender[1], 'letter', '--dsn', "dbname=$db", '--folder', "$folder"], '>', \$wrote);
my ($file) = $wrote =~ /^(\S+)$/m;
ok($file && -s $file, 'a letter is a file');
is(value($db, q(SELECT state FROM dunning.notice WHERE channel = 'letter' AND customer = '7')), 'sent', 'and is sent');
SKIP: {
	skip 'WeasyPrint writes PDF', 1 unless $file =~ /html$/;
	open my $in, '<:encoding(UTF-8)', $file or die "$file: $!";
	my $page = do { local $/; <$in> };
	like($page, qr{<div class="to">Client 7\n&lt;Service&gt;\n1 rue X\n75001 Paris</div>}, 'with the address in the window');
}

$server->kill_kill(grace => 1);
value('postgres', "DROP DATABASE $db WITH (FORCE)");
done_testing;
