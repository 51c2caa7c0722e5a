#!/usr/bin/env perl
# Holds that two sessions note, release or are told of at once.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Test::More;

my $db = database('dunning_hold');
value($db, <<'SQL');
CREATE TABLE public.facture (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric);
INSERT INTO public.facture SELECT k, k % 7, date '2026-02-27', 100 FROM generate_series(1, 10) AS k;
SQL
value($db, "SELECT dunning.adopt('public.facture')");

my $first = session($db);
my $second = session($db);

# What the second session answers to a statement that waits for the first one, whose
# transaction did its statement before and then ends.
sub at_once
{
	my ($one, $other, $end) = @_;
	$first->ask('BEGIN');
	my ($out, $err) = $first->ask($one);
	die $err if $err ne '';
	$second->say($other);
	ok(poll(30, sub { value($db, "SELECT count(*) FROM pg_stat_activity WHERE pid = $second->{pid} AND wait_event_type = 'Lock'") }), 'the second waits');
	$first->ask($end);
	my ($answer, $message) = $second->answer;
	return ($out, $answer, $message =~ /^(?:psql:\S+ )?ERROR:  (\w+)/m ? $1 : '');
}

my $hold = q(SELECT dunning.hold_item('facture', '1', 'manual', external_id => 'x'));
my ($one, $other, $error) = at_once($hold, $hold, 'ROLLBACK');
is(value($db, q(SELECT count(*), min(hold) FROM dunning.hold)), "1|$other", 'a hold whose first session gives up is noted by the second');
$hold =~ s/'x'/'y'/;
($one, $other, $error) = at_once($hold, $hold, 'COMMIT');
is($other, $one, 'otherwise both have the same hold');
is(value($db, 'SELECT count(*) FROM dunning.hold'), 2, 'which is there once');
(my $differs = $hold) =~ s/'1'/'2'/;
s/'y'/'z'/ for $hold, $differs;
($one, $other, $error) = at_once($hold, $differs, 'COMMIT');
is($error, 23505, 'another item of the same external_id is refused');

($one, $other, $error) = at_once("SELECT dunning.release_hold($one, 'first')", "SELECT dunning.release_hold($one, 'second')", 'COMMIT');
is("$one $other", 't f', 'one of two releases');
is(value($db, q(SELECT string_agg(release_reason, ' ') FROM dunning.hold)), 'first', 'whose reason stands');

my $event = q(SELECT done FROM dunning.einvoice_event('facture', '3', '208', '2026-03-01'));
($one, $other, $error) = at_once($event, $event, 'COMMIT');
is("$one $other", 'held held', 'an event told twice at once');
is(value($db, q(SELECT (SELECT count(*) FROM dunning.hold WHERE item = '3') || ' ' || (SELECT count(*) FROM dunning.einvoice_log))), '1 1', 'is noted once and holds once');

my @told = map { "SELECT done FROM dunning.einvoice_event('facture', '4', '$_', '2026-03-01')" } 208, 209;
($one, $other, $error) = at_once($told[0], $told[1], 'COMMIT');
is("$one $other", 'held released', 'what completes waits for what suspends, told at the same moment');
s/'4'/'5'/ for @told;
($one, $other, $error) = at_once($told[1], $told[0], 'COMMIT');
is("$one $other " . value($db, q(SELECT count(*) FROM dunning.hold_as_of('2026-03-02') WHERE item IN ('4', '5'))), 'kept held 0', 'and so the other way round');
s/'5'/'6'/ for @told;
($one, $other, $error) = at_once($told[0], $told[1], 'ROLLBACK');
is("$one $other", 'held kept', 'of what was not suspended nothing is released');
s/'6'/'7'/ for @told;
$second->ask('BEGIN ISOLATION LEVEL REPEATABLE READ');
$second->ask('SELECT count(*) FROM dunning.hold');
$first->ask($told[0]);
like(($second->ask($told[1]))[1], qr/ERROR:  40001/, 'who does not see what was suspended has to begin again');
$second->ask('ROLLBACK');

$second->ask('BEGIN ISOLATION LEVEL REPEATABLE READ');
$second->ask('SELECT count(*) FROM dunning.hold');
$hold =~ s/'z'/'r'/;
$first->ask($hold);
like(($second->ask($hold))[1], qr/ERROR:  40001/, 'who does not see what another session noted has to begin again');
$second->ask('ROLLBACK');
is($second->ask($hold) =~ /^\d+$/, 1, 'and then has the same hold');

value('postgres', "DROP DATABASE $db WITH (FORCE)");
done_testing();
