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
my $due = 40 + 10 * $kills;
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
	my $err = '';
	my $h = IPC::Run::start([@sender], '>', '/dev/null', '2>', \$err);
	$h->finish;
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

# killed at any moment of its work, and started again when its lease is over
sub delivered { return -s $log }
my $killed = 0;
while ($killed < $kills && value($db, q(SELECT count(*) FROM dunning.notice WHERE state IN ('waiting', 'taken') AND ready_at <= now())) > 0)
{
	my $before = delivered();
	my $h = IPC::Run::start([@sender], '>', '/dev/null', '2>', '/dev/null');
	# once it has handed over a message
	for (1 .. 1000) { last if delivered() > $before || !$h->pumpable; sleep 0.01 }
	sleep rand(0.05);
	$killed++ if $h->pumpable;
	$h->kill_kill(grace => 0);
	value($db, q(UPDATE dunning.notice SET ready_at = now() WHERE state = 'taken'));
}
is($killed, $kills, 'killed at work so many times');
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
note((scalar messages()) . ' messages for ' . keys(%delivered) . ' notices, ' . $killed . ' kills');
is((grep { keys %$_ > 1 } values %delivered) + 0, 0, 'each of them to one recipient');
is((grep { exists $_->{'c5@x.example'} || exists $_->{'refused@x.example'} } values %delivered) + 0, 0, 'nothing to who paid or was refused');
cmp_ok((grep { $_->[1] eq 'lost@x.example' } messages()) + 0, '>=', 2, 'a connection that was lost after the message: it went out again, with its Message-ID');
is(value($db, q(SELECT count(*) FROM dunning.reminder WHERE state = 'sent')), $due - 2, 'the reminders are sent');
is(join("\n", grep { !/^dunning-[0-9a-f-]{36}\@acme\.example$/ } keys %delivered), '', 'the Message-IDs are made of the notices');

# two parts, and files
value($db, q(CREATE TABLE piece (facture integer, nom text, corps bytea)));
value($db, q(INSERT INTO piece VALUES (20001, 'facture é.pdf', '\x255044462d31'), (20002, 'big.bin', convert_to(repeat('x', 2000000), 'UTF8'))));
value($db, q(SELECT dunning.save_attachments('facture', 'piece', 'facture', 'corps', 'nom')));
value($db, q(INSERT INTO facture SELECT k, k, 'Client <' || k || '>', 'keep' || k || '@x.example', current_date - 40, current_date - 6, 70, 'EUR' FROM generate_series(20001, 20002) AS k));
value($db, q(SELECT dunning.run_reminders(); SELECT dunning.make_notices()));
push @sender, '--attach-most', '1';
like(sender(), qr/more than 1 megabytes/, 'files that are too large set an e-mail aside');
my ($mail) = glob "$log.keep*";
my $said = `$python -c '
import email, email.policy, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
print(m["Auto-Submitted"], m.get_content_type(), m.get_body(("plain",)).get_content_type(), m.get_body(("html",)).get_content_type(), *[(a.get_filename() == "facture \\u00e9.pdf", a.get_content_type(), a.get_content()) for a in m.iter_attachments()])
print("&lt;20001&gt;" in m.get_body(("html",)).get_content(), "20001" in m.get_body(("plain",)).get_content())' $mail`;
is($said, "auto-generated multipart/mixed text/plain text/html (True, 'application/pdf', b'%PDF-1')\nFalse True\n", 'an e-mail has a text, a page and its file');
is(value($db, q(SELECT attachments #>> '{0,name}' FROM dunning.notice WHERE customer = '20001')), 'facture é.pdf', 'which the notice remembers');
is(value($db, q(SELECT state FROM dunning.notice WHERE customer = '20002')), 'set_aside', 'the large one waits for a person');

# what stands at the addresses of the invoices, by names that are no paths
my $web = IPC::Run::start([$python, '-c', <<'PYTHON', "$folder/web"], '>', '/dev/null', '2>', '/dev/null');
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = not self.path.endswith('20004')
        self.send_response(200 if found else 404)
        self.send_header('Content-Type', 'application/pdf')
        self.end_headers()
        self.wfile.write(b'%PDF-' + self.path.encode())
s = http.server.HTTPServer(('127.0.0.1', 0), Handler)
open(sys.argv[1], 'w').write(str(s.server_port) + '\n')
s.serve_forever()
PYTHON
for (1 .. 300) { last if -s "$folder/web"; sleep 0.1 }
my ($web_port) = do { open my $in, '<', "$folder/web" or die "$folder/web: $!"; <$in> =~ /(\d+)/ };
value($db, qq(SELECT dunning.save_sender('ACME é', email => 'credit\@acme.example', invoice_link => 'http://127.0.0.1:$web_port/{reference}')));
value($db, q(INSERT INTO facture SELECT k, k, 'Client', 'keep' || k || '@x.example', current_date - 40, current_date - 6, 70, 'EUR' FROM generate_series(20003, 20004) AS k));
value($db, q(SELECT dunning.run_reminders(); SELECT dunning.make_notices()));
push @sender, '--fetch';
like(sender(), qr/waiting: HTTP Error 404/, 'an e-mail whose invoice is not there waits');
($mail) = glob "$log.keep20003*";
$said = `$python -c '
import email, email.policy, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
print(*[(a.get_filename(), a.get_content_type(), a.get_content()) for a in m.iter_attachments()])' $mail`;
is($said, "('20003.pdf', 'application/pdf', b'%PDF-/20003')\n", 'the others carry what stands there');
is_deeply([glob "$log.keep20004*"], [], 'nothing goes without its invoice');
$web->kill_kill(grace => 1);
is(`$python -c 'import sys; sys.path.insert(0, sys.argv[1]); import dunning_sender; print(*map(dunning_sender.plain, ["..", "../x.pdf", ".x", "a\\u202eb", ""]))' $FindBin::Bin/../../contrib/sender`, "_ _.._x.pdf _.x a_b _\n", 'names of files are no paths');
value($db, q(SELECT dunning.withdraw_notice(notice, 'x') FROM dunning.notice WHERE state = 'waiting'));
value($db, q(SELECT dunning.save_sender('ACME é', email => 'credit@acme.example')));
pop @sender;

# letters
value($db, q(INSERT INTO dunning.procedure (name, procedure) VALUES ('post', '5 letter')));
value($db, q(UPDATE dunning.ledger SET procedure = 'post'));
value($db, q(SELECT dunning.save_recipient('facture', '7', '<Service>', address => E'1 rue X\n75001 Paris')));
value($db, q(SELECT dunning.save_recipient('facture', '8', 'Service', address => E'2 rue X\n75001 Paris')));
value($db, q(INSERT INTO facture SELECT 10000 + id, id, nom, email, emise, echeance, 70, devise FROM facture WHERE id IN (7, 8)));
value($db, q(SELECT dunning.run_reminders(); SELECT dunning.make_notices()));
sub printed
{
	my @how = @_;
	my ($wrote, $err) = ('', '');
	IPC::Run::run([$python, $sender[1], 'letter', '--dsn', "dbname=$db", '--folder', "$folder", @how], '>', \$wrote, '2>', \$err);
	return (split(/\n/, $wrote), $err);
}
my ($file) = printed('--pages', 'html', '--most', '1');
ok($file && -s $file, 'a letter is a file');
like(join('', do { open my $in, '<:encoding(UTF-8)', $file or die "$file: $!"; <$in> }), qr{<div class="to">Client 7\n&lt;Service&gt;\n1 rue X\n75001 Paris</div>}, 'with the address in the window');
is(value($db, q(SELECT string_agg(state, ',') FROM dunning.notice WHERE channel = 'letter' AND customer IN ('7', '8'))), 'sent,sent', 'and is sent');
# what prints: WeasyPrint, a browser, and one file for all
my $weasyprint = system("$python -c 'import weasyprint' 2>/dev/null") == 0;
my ($browser) = grep { system("command -v $_ >/dev/null") == 0 } qw(chromium chromium-browser google-chrome);
my $unite = system('command -v pdfunite >/dev/null') == 0;
for my $way (['weasyprint', $weasyprint, $weasyprint], ['browser', $browser, $browser && $unite])
{
	my ($pages, $can, $can_join) = @$way;
SKIP: {
		skip "no $pages", 3 unless $can;
		for my $batch (0 .. 1)
		{
			value($db, q(INSERT INTO facture SELECT max(f.id) + c, c, 'Client ' || c, 'x@x.example', current_date - 40, current_date - 6, 70, 'EUR' FROM facture AS f, generate_series(7, 8) AS c GROUP BY c));
			value($db, q(SELECT dunning.run_reminders(); SELECT dunning.make_notices()));
			skip 'pdfunite is not installed', 1 if $batch && !$can_join;
			my @files = grep { /pdf$/ } printed('--pages', $pages, $batch ? '--batch' : ());
			my @pdf = grep { open my $in, '<:raw', $_ or die "$_: $!"; local $/; <$in> =~ /^%PDF-.*%%EOF\s*$/s } @files;
			is(scalar(@pdf), $batch ? 1 : 2, "$pages" . ($batch ? ', one file for all' : ''));
			is(value($db, q(SELECT count(*) FROM dunning.notice WHERE channel = 'letter' AND state IN ('waiting', 'taken'))), 0, 'all are sent') unless $batch;
		}
	}
}

# The dashboard
{
	my ($err, $kept) = ('', "$log.keep-boss\@x.example");
	my @dashboard = ($python, $sender[1], 'dashboard', '--dsn', "dbname=$db", '--smtp', "127.0.0.1:$port", '--tls', 'none', '--language', 'fr');
	my $whole = IPC::Run::run([@dashboard, '--sender', 'credit@acme.example', '--to', 'keep-boss@x.example', '--to', 'second@x.example'], '>', '/dev/null', '2>', \$err);
	ok($whole, 'the dashboard goes by e-mail') or diag($err);
	my $read = `$python -c "import email, email.policy, sys
m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)
f = next(m.iter_attachments())
print(m['Subject'], m['To'], m.get_body().get_content(), f.get_filename(), f.get_content_type(), f.get_content(), sep='\\n')" '$kept'`;
	my $context = value($db, q(SELECT concat_ws('|', c #>> '{w,title}', c ->> 'as_of', dunning.today(), c #>> '{currencies,0,open}') FROM dunning.dashboard_context(language => 'fr') AS c));
	my ($title, $as_of, $today, $open) = split /\|/, $context;
	like($read, qr/^\Q$title - $as_of\E\nkeep-boss\@x\.example, second\@x\.example\n/, 'to whom it may be, with its day');
	like($read, qr/^EUR\n.*: \Q$open\E$/m, 'its figures as a text');
	like($read, qr/^\Q$title $today\E\.html\ntext\/html\n<!DOCTYPE html>.*<\/html>/ms, 'and the page as a file');
	IPC::Run::run([@dashboard, '--sender', 'credit@acme.example', '--to', 'refused@x.example'], '>', '/dev/null', '2>', \$err);
	like($err, qr/^the dashboard was not sent: .*no such user/, 'what keeps it from leaving is said');
	IPC::Run::run([@dashboard, '--to', 'boss@x.example'], '>', '/dev/null', '2>', \$err);
	like($err, qr/the dashboard needs --to and --sender/, 'and what it needs');
}

$server->kill_kill(grace => 1);
value('postgres', "DROP DATABASE $db WITH (FORCE)");
done_testing;
