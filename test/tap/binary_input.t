#!/usr/bin/env perl
# Values like real ones but for a few bytes, sent to the server as binary and
# as text parameters.  Each must be refused with a SQLSTATE that the types
# document, or be accepted and then read back from what it is written as; both
# ways in have the same answer, and no session ends over it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use IO::Socket::UNIX;
use Test::More;

my $mutants = 600 * ($ENV{DUNNING_CASES} // 1);    # of a type, in each encoding
my $socket = join '/.s.PGSQL.', map { $_ // '' } @ENV{qw(PGHOST PGPORT)};
plan skip_all => 'not in script/with-cluster' unless -S $socket;

# What the mutants are made of.  A base type that is not here fails the test.
my %seeds = (
	aged_balance => [
		'{100.00, 20.00, 0, 0, 0; undated 5.00} by 30,60,90', '{1, 2} by ..0 "not ""late""", 1..', '{0, 1.50, 2; undated 7; invalid -infinity} by 30',
		'{1e30, -1e30, 0.0000001; invalid NaN} by 1 month - 1 day', '{922337203685477.5807, 1e-20, 3} by ..0 "échu", 1..15, 16..'],
	aged_series_state => [
		'{2026-01-31: 1, 0, 0} by ..', '{2026-01-31: 1.5, 2, 0, NaN; 2026-02-28: -1.5, 1.5, 0.123456, -Infinity} by ..0 "not due", 1.. "late"',
		'{2026-01-31: 1e20, 0, 0; 2026-02-28: -1e20, 1e-10, 0} by ..', '{2026-01-31: 5, 0, 0, 0, 0, 0; 2026-03-31: 0, -5, 5, 0, 0, 0} by 1 month, 2 months; today late'],
	aging_scheme => [
		'30,60,90', '..-8 "later", -7..0 "this week", 1..', '15, 1 month, 60, 3 months', 'under 30, 60 d; today late',
		'..-1 "Not Due", ..1 rolling month, ..2 rolling months - 1 day "x", ..', '1 calendar month, 2 calendar months; today apart', '..0 "échu", 1.. "say ""no"""'],
	balance_history => [
		'{}', '{2026-01-15: 1200.00, 2026-03-02: -500.00}', '{2026-01-15: -3, 2026-01-15: 2, 2026-01-14: 1.125}', '{0001-01-01: 1, 9999-12-31: -1}',
		'{2026-01-15: 1000000000000000000000000000000, 2026-01-16: 0.01}', '{2026-01-15: 922337203685477.5807}', '{2026-01-15: 0.000000000000000001}'],
	balance_state => [
		'{}', '{2026-01-15: 1200.00, 2026-03-02: -500.00}', '{2026-01-15: 1000000000000000000000000000000, 2026-01-16: 0.01}', '{2026-01-15: 1.5, 2026-01-15: 922337203685477.58}'],
	calendar => [
		'sat sun; 01-01; easter+1; mon>=05-01; 2026-05-15', 'no weekend', 'fri; 05-08 from 1982; 12-27 if mon tue; open 2020-05-04', 'sun; mon<=05-24 from 1953 until 2051; 02-29; easter-2'],
	dunning_history => [
		'{}', '{reminder 5 email raised 2026-01-06 sent 2026-01-07; hold dispute from 2026-01-10}', '{reminder 1 month + 5 letter time 2 raised 2026-01-06 skipped 2026-01-07 cancelled 2026-02-01}',
		'{hold insolvency from 2026-01-10 until 2026-02-10 released 2026-01-20 stops automatic then restart; reminder -3 sms raised 2026-01-06 withdrawn 2026-01-09}',
		'{handover agency_2 on 0001-01-01 ended 9999-12-31; reminder 30 days end of month + 5 a raised 2026-01-06; reminder 400000 b raised 2026-01-06}',
		'{hold x from 2026-01-10 noted 2026-01-05 until 2026-02-10 noted 2026-01-12 released 2026-01-20 noted 2026-01-25; reminder 5 b raised 2026-01-06 noted 2026-01-07 sent 2026-01-08 noted 2026-01-09}'],
	dunning_procedure => [
		'5 email "Reminder"; 15 letter "Formal" fee 15.00 EUR; wait 3', '-3 email; 0 phone manual', '5 email "1er rappel"; 15 letter "Mise en demeure ""A""" fee 15.00 EUR min 50.00 USD wait 7 manual; mode jump',
		'30 sms "échéance"; wait 10; mode stepwise', 'end of month email fee 2.5%; 1 month + 3 letter fee 15.00 EUR, 16.00 USD + 0.5% min 50.00 EUR, 60.00 USD; after 7 phone repeat 30',
		'30 days end of month email; 2 months end of month + 5 letter; following business day', '5 email; reject AC04 1 phone; broken promise 1 phone manual; broken plan 0 letter; broken 3 sms; by customer'],
	figures_state => [
		'{2026-01-31} months 3 back 0 decimals 2', '{2026-01-31, 2026-02-28} months 1 back 2 decimals 2; 0: 100.00; 3: 100.00; 9: -0.123456',
		'{2026-01-31} months 12 back 24 decimals 0 unknown 3; 4: 1000000000000000000000; 5: -1'],
	item_key => ['42', '', 'F-2026/001', '-7.50', 'dossier été €'],
	payment_terms => [
		'net 30', '45 days end of month', '2% 10 days, net 30', '30% on order; balance net 60; following business day', '33.33% net 10; 33.33% net 20; balance net 30',
		'100.00 EUR net 10; balance net 40', '2/10 net 30', '#SKONTO#TAGE=14#PROZENT=2.00#', '3% 8 days, 2% 14 days, net 30; tax reduced always', '60 jours fin de mois le 10',
		'1/3 of the total on order; 2/7 of the total net 30; balance net 60'],
	penalty_rule => [
		'10.15%; compensation 40 EUR', 'fr {2025-07-01: 12.15, 2026-07-01: 12.40} until 2026-12-31; grace 5; decimals 3; act/365',
		'1%; fixed at start; act/act; compounded yearly; rounded each segment; half even; decimals 4; least 5; most 10%; payments to interest',
		'1%; compounded every 30 days; rounded each day; act/360; grace 5 days; most 100.25; payments to costs',
		'1%; compensation 20 to 150, 30.00 + 10% below 500, 65 + 5% EUR at most 2000 if professional',
		'0%; grace 3; fee 15.00 USD each started month at most 12 times; fee 1.5% of the original amount each full 30 days after 5, compounded, at most 10%, if professional'],
	rate_history => [
		'{2025-07-01: 12.15, 2026-07-01: 12.40} until 2026-12-31', 'ecb_mro {2016-03-16: 0, 2022-07-27: 0.50, 2022-09-14: -1.25}', '{0001-01-01: -0.000001, 9999-12-31: 1000}'],
);

# What the parsers report: syntax, number and date out of range, bytes that are
# no text, another version of the binary form, a limit.
my %documented = map { $_ => 1 } qw(22P02 22003 22008 22021 22P03 54000);

#
# The protocol, as much of it as this takes
#
sub message
{
	my ($type, $body) = @_;
	return $type . pack('N', 4 + length $body) . $body;
}

# Sends messages and gives the answer to them.
sub ask_server
{
	my ($server, @messages) = @_;
	my $bytes = join '', @messages;
	while (length $bytes)
	{
		my $sent = syswrite $server, $bytes or return undef;
		substr($bytes, 0, $sent) = '';
	}
	return answer($server);
}

sub receive
{
	my ($server, $length) = @_;
	my $bytes = '';
	while (length $bytes < $length)
	{
		return undef unless sysread $server, $bytes, $length - length $bytes, length $bytes;
	}
	return $bytes;
}

# All up to the server's being ready: undef if it has gone, or a hash with
# "state" (of an error), "bound" (parameters were read) and "row" (texts).
sub answer
{
	my ($server) = @_;
	my %answer;
	while (1)
	{
		my $head = receive($server, 5);
		return undef unless defined $head;
		my ($type, $length) = unpack 'a N', $head;
		my $body = receive($server, $length - 4);
		return undef unless defined $body;
		return \%answer if $type eq 'Z';
		$answer{bound} = 1 if $type eq '2';
		$answer{state} = $1 if $type eq 'E' && $body =~ /\0C([0-9A-Z]{5})\0/;
		$answer{row} = [unpack 'x2 (N/a*)*', $body] if $type eq 'D';
		die 'the server wants a password' if $type eq 'R' && unpack('N', $body) != 0;
	}
}

# A plan that is kept computes nothing while the parameters are read.
sub connection
{
	my ($db, $encoding) = @_;
	my $server = IO::Socket::UNIX->new(Peer => $socket) or die "$socket: $!";
	ask_server($server, message('', pack('N (Z*)*', 196608, user => $ENV{PGUSER}, database => $db, client_encoding => $encoding,
		options => '-c plan_cache_mode=force_generic_plan -c statement_timeout=10s -c search_path=pg_catalog,dunning -c log_min_messages=fatal', ''))) or die 'the server takes no connection';
	return $server;
}

sub prepare
{
	my ($server, $name, $sql, $oid) = @_;
	my $answer = ask_server($server, message('C', pack('a Z*', 'S', $name)), message('P', pack('Z* Z* n N', $name, $sql, 1, $oid)), message('S', ''));
	die "not prepared: $sql " . ($answer ? $answer->{state} : 'no answer') if !$answer || $answer->{state};
	return;
}

# Runs a statement with its parameter in a format: 0 text, 1 binary.
sub execute
{
	my ($server, $name, $format, $bytes) = @_;
	return ask_server($server, message('B', pack('Z* Z* n n n N/a* n', '', $name, 1, $format, 1, $bytes, 0)),
		message('E', pack('Z* N', '', 0)), message('S', ''));
}

#
# The mutants
#
my @bytes = split //, q(0123456789.,;:-+{}"%#/ acdefilmnoprstuwyzEUR);

sub one_of { return $_[rand @_] }

# A value after some edits of its bytes, most often one
sub mutant
{
	my (@whole) = @_;
	my $value = one_of(@whole);
	for (0 .. int(rand(2) * rand 2))
	{
		my $at = int rand(1 + length $value);
		my $rest = length($value) - $at;
		my $edit = int rand 10;
		if ($edit == 0) { $value = substr($value, 0, $at) . one_of(@bytes) . substr($value, $at) }
		elsif ($edit == 1) { $value = substr($value, 0, $at) . chr(int rand 256) . substr($value, $at) }
		elsif ($edit == 2) { $value = substr($value, 0, $at) . '9' x int(rand 45) . substr($value, $at) }
		elsif ($edit == 3) { substr($value, $at, 1 + int rand 4) = '' }
		elsif ($edit == 4) { substr($value, $at) = '' if rand() < 0.3 }
		elsif ($edit == 5) { substr($value, $at, 1) = substr($value, $at, 1) ^ chr(1 << int rand 8) if $rest }
		elsif ($edit == 6) { substr($value, $at, 1) = one_of(@bytes) if $rest }
		elsif ($edit == 7)
		{
			my $other = one_of(@whole);
			substr($value, $at, int rand(1 + $rest)) = substr($other, int rand(1 + length $other), 1 + int rand 20);
		}
		else { $value = substr($value, 0, $at) . substr($value, $at) =~ s/[0-9]/int rand 10/er }
	}
	return $value;
}

# What is wrong with the answers to a mutant; nothing if all is well.
sub complaint
{
	my ($server, $binary, $by_binary, $type) = @_;
	my $is_text = $type eq 'item_key';
	return 'the session has ended' unless $by_binary;
	my $state = $by_binary->{state};
	return "accepted, but then $state" if $state && $by_binary->{bound};
	return 'accepted, but it does not read back' if !$state && $by_binary->{row}[1] ne 't';
	if (!$is_text && $binary !~ /^\x01/)
	{
		# no byte at all is too short for the protocol, as it is for the server's own types
		my $due = length $binary ? '22P03' : '08P01';
		return ($state // '') eq $due ? '' : 'another version is not refused as one';
	}
	return "refused with $state" if $state && !$documented{$state};

	my $by_text = execute($server, 'mutant', 0, $is_text ? $binary : substr $binary, 1);
	return 'the session has ended over the text' unless $by_text;
	return 'as a text: ' . ($by_text->{state} // 'accepted') . ', as binary: ' . ($state // 'accepted')
		if ($by_text->{state} // '') ne ($state // '');
	return 'the text is another value' if !$state && $by_text->{row}[0] ne $by_binary->{row}[0];
	return '';
}

$SIG{PIPE} = 'IGNORE';    # a session that has ended is an answer
srand 20260331;
my $begun = value('postgres', 'SELECT pg_postmaster_start_time()');
for (['UTF8', 'UTF8'], ['UTF8', 'LATIN1'], ['SQL_ASCII', 'SQL_ASCII'])
{
	my ($encoding, $client) = @$_;
	my $db = 'dunning_binary_input';
	value('postgres', "DROP DATABASE IF EXISTS $db WITH (FORCE)");
	value('postgres', "CREATE DATABASE $db TEMPLATE template0 ENCODING '$encoding' LC_COLLATE 'C' LC_CTYPE 'C'");
	value($db, 'CREATE EXTENSION pg_dunning');

	my @types = split /\n/, value($db, <<'SQL');
SELECT t.typname, t.oid, t.typsend, t.typreceive <> 0, o.oid IS NOT NULL, t.oid::regtype
FROM pg_type AS t LEFT JOIN pg_operator AS o ON o.oprname = '=' AND o.oprleft = t.oid AND o.oprright = t.oid
WHERE t.typnamespace IN ('dunning'::regnamespace, '_dunning'::regnamespace) AND t.typtype = 'b' AND t.typcategory <> 'A' ORDER BY 1
SQL
	is(join(' ', map { (split /\|/)[0] } @types), join(' ', sort keys %seeds), "$client in $encoding: every base type has values to mutate");

	my $server = connection($db, $client);
	for (@types)
	{
		my ($type, $oid, $send, $receives, $compares, $full) = split /\|/;
		is($receives, 't', "$client in $encoding: $type has a binary form") or next;
		my $seeds = $seeds{$type} or next;
		prepare($server, 'mutant', "SELECT \$1::text, $send(\$1) = $send(\$1::text::$full)" .
			($compares eq 't' ? " AND \$1 = \$1::text::$full" : ''), $oid);

		# as they are written, and as the server writes them
		my $list = join ', ', map { "'" . s/'/''/gr . "'" } @$seeds;
		my @whole = map { pack 'H*', $_ }
			split(/\n/, value($db, "SELECT encode($send(s::$full), 'hex') FROM unnest(ARRAY[$list]) AS s"));
		push @whole, map { $type eq 'item_key' ? $_ : "\x01$_" } @$seeds;

		my ($accepted, $refused, $wrong, $ended, @complaints) = (0, 0, 0, 0);
		my %distinct;
		# most mutants of a key are keys
		for my $binary (@whole, '', map { mutant(@whole) } 1 .. $mutants * ($type eq 'item_key' ? 4 : 1))
		{
			my $answer = execute($server, 'mutant', 1, $binary);
			my $complaint = complaint($server, $binary, $answer, $type);
			if ($complaint)
			{
				$wrong++;
				push @complaints, sprintf('%s: %s (%s)', $complaint, unpack('H*', $binary), $binary =~ s/[^ -~]/?/gr);
			}
			$ended = $complaint =~ /ended/ and last;
			$answer->{state} ? $refused++ : $accepted++;
			$distinct{$answer->{row}[0]} = 1 unless $answer->{state};
		}
		is($wrong, 0, "$client in $encoding: mutants of $type are refused as documented, or read back") or diag(join "\n", @complaints[0 .. ($#complaints < 9 ? $#complaints : 9)]);
		cmp_ok($accepted, '>', 0.1 * $mutants, "$client in $encoding: $type: there are such that are accepted");
		cmp_ok(scalar keys %distinct, '>', 0.01 * $mutants, "$client in $encoding: $type: of many values");
		cmp_ok($refused, '>', 0, "$client in $encoding: $type: and such that are refused");
		poll(60, sub { eval { $server = connection($db, $client) } }) or BAIL_OUT('the server does not come back') if $ended;
		note(sprintf '%s: %d accepted (%d values), %d refused', $type, $accepted, scalar keys %distinct, $refused);
	}
	close $server;
	value('postgres', "DROP DATABASE $db WITH (FORCE)");
}
is(value('postgres', 'SELECT pg_postmaster_start_time()'), $begun, 'the server has not started anew');
done_testing();
