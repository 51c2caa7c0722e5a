#!/usr/bin/env perl
# Claims booked beside each other, and kept through dump and restore.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Test::More;

$ENV{PGOPTIONS} = '-c dunning.today=2026-06-30';
my $db = database('dunning_claims');
value($db, <<'SQL');
CREATE TABLE public.facture (id integer PRIMARY KEY, client_id integer, date_emission date, date_echeance date, montant_ttc numeric);
CREATE TABLE public.paiement (facture_id integer, date_paiement date, montant numeric);
INSERT INTO public.facture SELECT k, k % 7, '2026-01-01', date '2026-02-01' + k % 50, 1000 FROM generate_series(1, 500) AS k;
INSERT INTO public.paiement SELECT k, date '2026-03-01' + k % 60, 400 FROM generate_series(1, 500, 3) AS k;
INSERT INTO dunning.rule (name, rule) VALUES ('house', '10%; compensation 40.00 EUR');
SQL
value($db, q(SELECT dunning.adopt('public.facture', rule => 'house', columns => '{"customer": "client_id", "due_on": "date_echeance", "issued_on": "date_emission",
	"amount": "montant_ttc", "payments": {"table": "paiement", "item": "facture_id", "date": "date_paiement", "amount": "montant"}}')));

my $twice = 'SELECT count(*) FROM (SELECT FROM dunning.claim GROUP BY ledger, item, part, kind, as_of, reason HAVING count(*) > 1) s';
my $all = 'SELECT count(*), sum(amount) FROM dunning.claim';

# Two at once
my $one = session($db);
my $other = session($db);
$one->ask('BEGIN');
$one->ask(q(SELECT dunning.claim_penalties('2026-04-01')));
my ($out, $err) = $other->ask(q(SELECT * FROM dunning.claim_penalties('2026-04-01')));
is($out, '', 'a second session books nothing beside the first');
like($err, qr/WARNING:  01000: another session is booking claims: nothing done.*process $one->{pid}/s, 'and says so');
is(value($db, "SELECT kind, booked, finished_at IS NOT NULL FROM dunning.run_log WHERE refused ~ 'process $one->{pid}'"), 'claims|0|t', 'in the log, too');
$one->ask('COMMIT');
my $booked = value($db, $all);
($out, $err) = $other->ask(q(SELECT * FROM dunning.claim_penalties('2026-04-01')));
is("$out$err", '', 'when the first is done, there is nothing left to book');
is(value($db, $all), $booked, 'nothing is');

# A transaction that cannot see what was booked
$other->ask('BEGIN ISOLATION LEVEL REPEATABLE READ');
$other->ask('SELECT count(*) FROM dunning.claim');
$one->ask(q(SELECT dunning.claim_penalties('2026-05-01')));
($out, $err) = $other->ask(q(SELECT dunning.claim_penalties('2026-05-01')));
like($err, qr/ERROR:  40001: another session has booked claims that this transaction does not see/, 'an old snapshot books nothing twice');
$other->ask('ROLLBACK');
is(value($db, $twice), 0, 'no claim is there twice');

# Interrupted, nothing stays, and the lock is free
$one->ask('BEGIN');
$one->ask(q(SELECT dunning.claim_penalties('2026-06-01')));
$one->quit;
ok(poll(30, sub { value($db, q(SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction')) == 0 }), 'a session is gone');
is(value($db, q(SELECT count(*) FROM dunning.claim WHERE as_of = '2026-06-01')), 0, 'without its claims');
isnt(value($db, q(SELECT * FROM dunning.claim_penalties('2026-06-01'))), '', 'which another books');

# Dump and restore
value($db, q(SELECT dunning.set_claim_state(claim, 'claimed') FROM dunning.claim WHERE claim % 3 = 0));
value($db, q(SELECT dunning.set_claim_state(claim, 'waived', 'a reason') FROM dunning.claim WHERE claim % 5 = 0));
my $restored = database('dunning_claims_restored', 1);
my $bin = $ENV{DUNNING_BINDIR} ? "$ENV{DUNNING_BINDIR}/" : '';
is(system("'${bin}pg_dump' -d $db | '${bin}psql' -Xq -v ON_ERROR_STOP=1 -d $restored >/dev/null"), 0, 'a dump is restored');
for my $what ('SELECT c::text FROM dunning.claim AS c ORDER BY claim', 'SELECT b::text FROM dunning.claim_balance AS b ORDER BY ledger, item, kind',
	'SELECT last_value, is_called FROM dunning.claim_claim_seq')
{
	is(value($restored, $what), value($db, $what), "the same after it: $what");
}
is(value($restored, q(SELECT * FROM dunning.claim_penalties('2026-06-01'))), '', 'where nothing is booked again');
is(value($restored, q(SELECT * FROM dunning.claim_penalties('2026-06-30'))), value($db, q(SELECT * FROM dunning.claim_penalties('2026-06-30'))), 'and the next claims are the same');

done_testing();
