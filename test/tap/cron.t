#!/usr/bin/env perl
# The nightly job, by pg_cron itself.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Test::More;

my $cron = value('postgres', q(SELECT current_setting('cron.database_name', true)));
plan skip_all => 'the server does not preload pg_cron' if $cron eq '';

# Without pg_cron in this database
my $elsewhere = database('dunning_no_cron');
for my $statement ('SELECT dunning.schedule_run()', 'SELECT dunning.unschedule_run()')
{
	my ($status, $out, $err) = psql($elsewhere, $statement);
	like($err, qr/ERROR:  55000: pg_cron is not installed in this database/, "in another database: $statement");
	like($err, qr/HINT:  pg_cron works in the database "$cron": there, SELECT cron\.schedule_in_database\('dunning run', '0 6 \* \* 1-5', 'CALL dunning\.run\(\)', '$elsewhere'\), as a superuser; the times are in the time zone cron\.timezone \(GMT\)\./,
		'the hint says what to do');
}

value('postgres', "CREATE DATABASE $cron") if value('postgres', "SELECT count(*) FROM pg_database WHERE datname = '$cron'") == 0;
value($cron, 'CREATE EXTENSION IF NOT EXISTS pg_dunning');
my ($status, $out, $err) = psql($cron, 'SELECT dunning.schedule_run()');
like($err, qr/ERROR:  55000: pg_cron is not installed.*HINT:  CREATE EXTENSION pg_cron; its library is loaded already\./s, 'before pg_cron is created the hint is to create it')
	if value($cron, q(SELECT count(*) FROM pg_extension WHERE extname = 'pg_cron')) == 0;
value($cron, 'CREATE EXTENSION IF NOT EXISTS pg_cron');
is(value($cron, 'SELECT dunning.unschedule_run()'), 'f', 'nothing is scheduled yet');

value($cron, <<'SQL');
CREATE TABLE public.facture (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric);
INSERT INTO public.facture SELECT k, k % 7, _dunning.real_day() - 6, 100 FROM generate_series(1, 20) AS k;
SQL
value($cron, "SELECT dunning.adopt('public.facture')");

# The default, then another time for the same job
my $job = value($cron, q(SELECT job FROM dunning.schedule_run() WHERE command ~ 'run'));
is(value($cron, 'SELECT command, cron_times, timezone FROM dunning.schedule_run()'),
	"CALL dunning.run()|0 6 * * 1-5|GMT\nSELECT FROM dunning.refresh_reports()|0 6 * * 1-5|GMT", 'the answer names the time zone of the times');
is(value($cron, "SELECT jobname || '|' || schedule || '|' || command || '|' || database || '|' || active FROM cron.job WHERE jobid = $job"),
	"dunning run|0 6 * * 1-5|CALL dunning.run()|$cron|true", 'the job is there');
is(value($cron, q(SELECT job FROM dunning.schedule_run('* * * * *') WHERE command ~ 'run')), $job, 'a second call is the same job');
is(value($cron, q(SELECT string_agg(jobname, ', ' ORDER BY jobid) FROM cron.job)), 'dunning run, dunning reports', 'and the only one, with that of the reports');
is(value($cron, "SELECT schedule FROM cron.job WHERE jobid = $job"), '* * * * *', 'at its new times');
($status, $out, $err) = psql($cron, q(SELECT dunning.schedule_run('whenever')));
cmp_ok($status, '!=', 0, 'times that are none are an error');
is(value($cron, "SELECT schedule FROM cron.job WHERE jobid = $job"), '* * * * *', 'and change nothing');

value($cron, q(CREATE ROLE dunning_cron_reader; CREATE SCHEMA report; SELECT dunning.make_report('report.aged', '30', 'total');
	SELECT dunning.publish_report('report.aged', 'dunning_cron_reader'); INSERT INTO public.facture VALUES (21, 7, _dunning.real_day() + 60, 1)));

# It comes
my $begun = time;
ok(poll(130, sub { value($cron, 'SELECT count(*) FROM dunning.run_log WHERE finished_at IS NOT NULL AND raised > 0') > 0 }),
	'the run comes within two minutes')
	or diag(value($cron, 'SELECT status, return_message FROM cron.job_run_details'));
diag(sprintf 'after %d seconds', time - $begun);
is(value($cron, 'SELECT count(*) FROM dunning.reminder'), 20, 'and raises its reminders');
is(value($cron, 'SELECT raised FROM dunning.run_log ORDER BY run LIMIT 1'), 20, 'as its log says');
ok(poll(10, sub { value($cron, "SELECT count(*) FROM cron.job_run_details WHERE jobid = $job AND status = 'succeeded'") > 0 }), 'pg_cron calls it a success');

ok(poll(70, sub { value($cron, 'SELECT total FROM report.aged_published') == 2001 }), 'the copies of reports are renewed')
	or diag(value($cron, 'SELECT command, status, return_message FROM cron.job_run_details'));
value($cron, 'DROP SCHEMA report CASCADE; DROP ROLE dunning_cron_reader');

# The claims, by a job of their own
is(value($cron, q(SELECT string_agg(command, ', ' ORDER BY job) FROM dunning.schedule_run('0 7 * * *', claims => true))),
	'CALL dunning.run(), SELECT FROM dunning.refresh_reports(), SELECT FROM dunning.claim_penalties()', 'claims have a job of their own');
value($cron, 'SELECT FROM dunning.schedule_run()');
is(value($cron, q(SELECT string_agg(jobname, ', ' ORDER BY jobid) FROM cron.job)), 'dunning run, dunning reports', 'which goes when they are not asked for');
value($cron, 'SELECT FROM dunning.schedule_run(claims => true)');

# Another role than a superuser
value($cron, 'CREATE ROLE dunning_cron_runner LOGIN; GRANT USAGE ON SCHEMA dunning, _dunning TO dunning_cron_runner; GRANT EXECUTE ON ALL ROUTINES IN SCHEMA dunning, _dunning TO dunning_cron_runner');
($status, $out, $err) = psql($cron, 'SET ROLE dunning_cron_runner; SELECT FROM dunning.schedule_run()');
like($err, qr/ERROR:  42501: .*HINT:  No superuser is needed: GRANT USAGE ON SCHEMA cron TO dunning_cron_runner\./s, 'who may not use pg_cron is told what to do');
value($cron, 'GRANT USAGE ON SCHEMA cron TO dunning_cron_runner');
value($cron, 'SET ROLE dunning_cron_runner; SELECT FROM dunning.schedule_run()');
is(value($cron, q(SELECT count(*) FROM cron.job WHERE username = 'dunning_cron_runner')), 2, 'then no superuser is needed');

is(value($cron, 'SELECT dunning.unschedule_run()'), 't', 'the jobs of all roles are taken back');
value($cron, 'DROP OWNED BY dunning_cron_runner; DROP ROLE dunning_cron_runner');
is(value($cron, 'SELECT count(*) FROM cron.job'), 0, 'and are gone');
is(value($cron, 'SELECT dunning.unschedule_run()'), 'f', 'once');

# pg_cron has a connection of its own to this database, so it stays; what we made goes
value($cron, q(SELECT dunning.release_ledger('facture')));
# A job that is left when the extension goes does nothing: the schema stays its owner's, so nobody else makes a procedure of that name
value($cron, 'SELECT FROM dunning.schedule_run(claims => true); DROP EXTENSION pg_dunning');
like((psql($cron, $_))[2], qr/ERROR:  42883: (procedure|function) dunning\.\w+\(\) does not exist/, "left behind: $_") for split /\n/, value($cron, 'SELECT command FROM cron.job ORDER BY jobid');
is(value($cron, q(SELECT cron.unschedule('dunning run'), cron.unschedule('dunning reports'), cron.unschedule('dunning claims'))), 't|t|t', 'and pg_cron takes it back by its name');
value($cron, 'DROP SCHEMA dunning; DROP TABLE public.facture');
value('postgres', "DROP DATABASE $elsewhere WITH (FORCE)");
done_testing();
