#!/usr/bin/env perl
# The owner of a database who is no superuser: what a superuser hands him, and a dump that
# he restores.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use File::Temp;
use Test::More;

my $bin = $ENV{DUNNING_BINDIR} // do { my $dir = `\${PG_CONFIG:-pg_config} --bindir`; chomp $dir; $dir };
my $folder = File::Temp->newdir(CLEANUP => 1);
$ENV{PGOPTIONS} = '-c client_min_messages=error -c jit=off';

value('postgres', <<'SQL');
DROP ROLE IF EXISTS dunning_house, dunning_clerk;
CREATE ROLE dunning_house LOGIN;
CREATE ROLE dunning_clerk LOGIN;
SQL
# what the owner of a database says in it
sub as_house { local $ENV{PGUSER} = 'dunning_house'; return psql(@_) }

sub house_of
{
	my $db = database($_[0]);
	value('postgres', "ALTER DATABASE $db OWNER TO dunning_house");
	value($db, 'ALTER SCHEMA public OWNER TO dunning_house');
	return $db;
}
my $db = house_of('dunning_owner');
my ($status, $out, $err) = as_house($db, <<'SQL');
CREATE TABLE facture (id integer PRIMARY KEY, client integer, due_date date, amount numeric(12,2), currency text DEFAULT 'EUR');
CREATE TABLE reglement (facture_id integer REFERENCES facture, paid_on date, amount numeric(12,2));
INSERT INTO facture VALUES (1, 1, current_date - 40, 100), (2, 1, current_date - 40, 100), (3, 1, current_date + 10, 100);
SQL
is($err, '', 'his tables');
my $adopt = q(SELECT count(*) > 0 FROM dunning.adopt('facture', columns => '{"payments": "reglement"}', watch => true));
($status, $out, $err) = as_house($db, $adopt);
like($err, qr/42501.*only the owner of dunning\.open_item can adopt a ledger|permission denied/s, 'he cannot adopt');
($status, $out, $err) = as_house($db, q(SELECT dunning.set_owner('dunning_house')));
like($err, qr/42501/, 'nor make himself the owner');
($status, $out, $err) = psql($db, q(SELECT dunning.set_owner('nobody_here')));
like($err, qr/42704: role "nobody_here" does not exist/, 'a role that is not there');
value($db, q(SELECT dunning.set_owner('dunning_house')));
($status, $out, $err) = as_house($db, q(CREATE TRIGGER mine AFTER INSERT ON _dunning.statement_end FOR EACH STATEMENT EXECUTE FUNCTION _dunning.settle_statement()));
like($err, qr/must be owner of table statement_end|permission denied for table statement_end/, 'but not the table whose trigger is fired as whoever pays');
($status, $out, $err) = as_house($db, $adopt);
is("$out$err", 't', 'what was handed over is enough to adopt');
($status, $out, $err) = as_house($db, <<'SQL');
CALL dunning.run();
SELECT count(*) FROM dunning.claim_penalties();
INSERT INTO reglement VALUES (2, current_date, 100);
SELECT string_agg(item || ' ' || state, ', ' ORDER BY item::text) FROM dunning.reminder;
SELECT count(*) FROM dunning.grant_access('dunning_clerk', 'collector');
SELECT string_agg(problem, '') FROM dunning.check_ledgers();
SQL
is($err, '', 'a run, claims, access');
is((split /\n/, $out)[1], '1 pending, 2 cancelled', 'the trigger cancels what was paid');
is(value($db, q(SELECT count(*) FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	WHERE p.proowner = 'dunning_house'::regrole AND (p.provolatile <> 'v' OR p.prorettype = 'trigger'::regtype))), '4', 'of functions that write nothing those that an adoption makes are his');

# a dump of his, restored by him
my %answer = (
	'open items' => q(SELECT o.ledger, o.item, o.open_amount FROM dunning.open_item AS o ORDER BY 2),
	'reminders' => q(SELECT r.* FROM dunning.reminder AS r ORDER BY r.reminder),
	'claims' => q(SELECT c.* FROM dunning.claim AS c ORDER BY c.claim),
	'ledgers' => q(SELECT l.ledger, l.state, l.columns FROM dunning.ledger AS l),
	'access' => q(SELECT a.role, a.level FROM dunning.access AS a));
my %before = map { $_ => value($db, $answer{$_}) } keys %answer;
my $new = house_of('dunning_owner_new');
value($new, q(SELECT dunning.set_owner('dunning_house')));
{
	local $ENV{PGUSER} = 'dunning_house';
	is(system("$bin/pg_dump", '-Fc', '-f', "$folder/dump", $db), 0, 'he dumps');
	my $said = `$bin/pg_restore -d $new $folder/dump 2>&1`;
	my @errors = grep { /error: could not execute/ && !/schema "(dunning|public)" already exists|must be owner of (extension|schema)/ } split /\n/, $said;
	is_deeply(\@errors, [], 'and restores');
}
is(value($new, $answer{$_}), $before{$_}, "restored: $_") for sort keys %answer;
($status, $out, $err) = as_house($new, <<'SQL');
INSERT INTO reglement VALUES (1, current_date, 100);
SELECT string_agg(DISTINCT state, ', ') FROM dunning.reminder;
SELECT count(*) > 0 FROM dunning.adopt('facture', replace => true);
SELECT dunning.release_ledger('facture');
SQL
is("$out$err", "cancelled\nt\n0", 'and goes on');

# handed on, nothing stays with the one before
value($new, q(SELECT dunning.set_owner('postgres')));
is(value($new, q(SELECT has_schema_privilege('dunning_house', '_dunning', 'CREATE'), has_schema_privilege('dunning_house', 'dunning', 'CREATE'),
	has_function_privilege('dunning_house', '_dunning.watch()', 'EXECUTE'), (SELECT count(*) FROM pg_class WHERE relowner = 'dunning_house'::regrole AND relname = 'reminder'))),
	'f|f|f|0', 'who was the owner has no right of one');

value('postgres', "DROP DATABASE $_ WITH (FORCE)") for $db, $new;
value('postgres', 'DROP ROLE dunning_house, dunning_clerk');
done_testing();
