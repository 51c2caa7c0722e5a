#!/usr/bin/env perl
# A customer is forgotten while somebody notes something of him.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Test::More;

my $db = database('dunning_forget');
value($db, <<'SQL');
CREATE TABLE public.bill (id integer PRIMARY KEY, client text, due_on date, amount numeric);
INSERT INTO public.bill SELECT k, 'k' || k, '2026-01-01', 0 FROM generate_series(1, 3) AS k;
SELECT dunning.adopt('public.bill', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "open_amount": "amount"}');
CREATE ROLE dunning_forget_admin LOGIN;
GRANT SELECT ON public.bill TO dunning_forget_admin;
SELECT dunning.grant_access('dunning_forget_admin', 'admin');
SELECT dunning.save_recipient('bill', 'k1', 'Paul', email => 'paul@x.example');
SQL
my $writer = session($db);
my $admin = session($db);
my $contacts = q(SELECT count(*) FROM dunning.contact WHERE customer = ');
$admin->ask('SET ROLE dunning_forget_admin');

$writer->ask('BEGIN');
like($writer->ask(q(SELECT dunning.log_contact('bill', 'k1', 'call', 'out', note => 'secret'))), qr/^\d+$/, 'a contact is noted');
$admin->say(q(SELECT count(*) > 0 FROM dunning.forget_customer('bill', 'k1', 'he asked')));
ok(poll(30, sub { value($db, "SELECT count(*) FROM pg_stat_activity WHERE pid = $admin->{pid} AND wait_event IN ('PgSleep', 'relation')") }), 'who forgets the customer waits');
like($writer->ask(q(SELECT dunning.hold_customer('bill', 'k2', 'manual'))), qr/^\d+$/, 'and holds up nobody who goes on');
$writer->ask('COMMIT');
my ($out, $err) = $admin->answer;
is("$out$err", 't', 'then the customer is forgotten');
is(value($db, $contacts . q(k1')), 0, 'with what was noted meanwhile');
is(value($db, 'SELECT count(*) FROM dunning.recipient'), 0, 'and who got messages');

$writer->ask('BEGIN');
$writer->ask(q(SELECT dunning.log_contact('bill', 'k2', 'call', 'out', note => 'secret')));
($out, $err) = $admin->ask(q(SET lock_timeout = '300ms'; SELECT dunning.forget_customer('bill', 'k2', 'he asked')));
like($err, qr/ERROR:  55P03: customer "k2" cannot be forgotten while others write.*DETAIL:  Others were writing facts of customers for 00:00:00\.3/s, 'nobody waits for ever');
$writer->ask('COMMIT');
is(value($db, $contacts . q(k2')), 1, 'then nothing is gone');

$_->quit for $writer, $admin;
value($db, 'DROP OWNED BY dunning_forget_admin; DROP ROLE dunning_forget_admin');
value('postgres', "DROP DATABASE $db WITH (FORCE)");
done_testing();
