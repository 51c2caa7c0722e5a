#!/usr/bin/env perl
# docs/reference.md names every object of the schema dunning and no other one,
# with the arguments that it has, and so do the comments.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Test::More;

my $db = database('dunning_reference');

# The code of the page: fences, and spans between backticks
open my $in, '<', "$FindBin::Bin/../../docs/reference.md" or die "docs/reference.md: $!";
my $page = do { local $/; <$in> };
close $in;
my @code;
push @code, $1 while $page =~ s/^```\w*\n(.*?)^```$//ms;
push @code, $1 while $page =~ /`([^`\n]+)`/g;
my %named = map { $_ => 1 } map { /(\w+)/g } @code;

my @objects = split /\n/, value($db, <<'SQL');
SELECT proname FROM pg_proc WHERE pronamespace = 'dunning'::regnamespace
UNION SELECT relname FROM pg_class WHERE relnamespace = 'dunning'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
UNION SELECT t.typname FROM pg_type AS t WHERE t.typnamespace = 'dunning'::regnamespace AND t.typrelid = 0
	AND NOT EXISTS (SELECT FROM pg_type AS e WHERE e.typarray = t.oid)
SQL
cmp_ok(scalar @objects, '>', 100, 'the schema has objects');
is(join("\n", sort grep { !$named{$_} } @objects), '', 'the reference names every one');

my @settings = split /\n/, value($db, q(LOAD 'pg_dunning'; SELECT name FROM pg_settings WHERE name LIKE 'dunning.%'));
cmp_ok(scalar @settings, '>', 0, 'there are settings');
is(join("\n", grep { my $name = $_; !grep { $_ eq $name } @code } @settings), '', 'the reference names every one');

# A call in the reference is one of a function that there is.  "debt" stands for
# an amount or a history, "value" for any; a function without names takes any.
# A form that takes a text has fewer defaults than the function of which it is.
my (%arguments, %optional);
for (split /\n/, value($db, q(SELECT proname || '|' || coalesce(array_to_string(proargnames[1:pronargs], ','), '') || '|' || max(pronargdefaults)
	FROM pg_proc WHERE pronamespace = 'dunning'::regnamespace GROUP BY proname, proargnames[1:pronargs])))
{
	my ($name, $names, $defaults) = split /\|/, $_, -1;
	my @names = split /,/, $names;
	$arguments{$name}{any} = 1 if !@names;
	$arguments{$name}{$_} = 1 for @names;
	$optional{$name}{join ', ', map { /^(?:amount|history)$/ && $_ eq $names[0] ? 'debt' : $_ } @names} = $defaults if @names;
}
my %elsewhere = map { $_ => 1 } qw(LATERAL);
my @wrong;
for my $code (@code)
{
	push @wrong, $1 while $code =~ /(?<!\w)(?:dunning\.)?(\w+)\(/g and !$arguments{$1} && !$elsewhere{$1};
	next unless $code =~ /^(?:CALL )?(\w+)\(([][a-z_, ]*)\)$/ && $arguments{$1} && !$arguments{$1}{any};
	my ($name, $list) = ($1, $2 =~ tr/[]//dr);
	push @wrong, map { "$name: $_" } grep { !$arguments{$name}{$_} && !($_ eq 'debt' && $arguments{$name}{history}) } split / ?, /, $list;
}
is(join("\n", @wrong), '', 'it names no function and no argument that there is not');

# A signature, in the first column of a table or at the beginning of a paragraph,
# has all arguments in their order, and those with a default in brackets at its end.
my (%signed, @unlike);
for my $signature (map { /`(?:CALL )?(\w+\([^`()]+\))`/g } $page =~ /^(\| `.*?) \| /gm, $page =~ /^(`\w+\([^`]*`)/gm)
{
	my ($name, $list) = $signature =~ /^(\w+)\((.*)\)$/;
	next if !$optional{$name} || $list eq 'value';
	my $brackets = $list =~ s/ ?\[(?:, )?(.*)\]$/, $1/ ? split(/, /, $1) : 0;
	my @names = split /, /, $list =~ s/^, //r;
	$names[0] = 'debt' if $names[0] =~ /^(?:amount|history)$/;
	my $names = join ', ', @names;
	push @unlike, $signature unless defined $optional{$name}{$names} && $optional{$name}{$names} == $brackets;
	$signed{$name}{$names} = 1;
}
is(join("\n", @unlike), '', 'each signature has all arguments in order, and brackets around those with a default');
is(join("\n", sort map { my $name = $_; map { "$name($_)" } grep { !$signed{$name}{$_} } keys %{ $optional{$name} } } grep { $_ ne 'to_jsonb' } keys %optional),
	'', 'each function has its signature there');

# What a comment calls dunning.NAME has to be there, too.
my %there = map { $_ => 1 } @objects, map { s/^dunning\.//r } @settings;
my $comments = value($db, q(SELECT DISTINCT m[1] FROM pg_description AS d CROSS JOIN regexp_matches(d.description, '\mdunning\.(\w+)', 'g') AS m
	JOIN pg_depend AS e ON e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e'
	JOIN pg_extension AS x ON x.oid = e.refobjid AND e.refclassid = 'pg_extension'::regclass AND x.extname = 'pg_dunning'));
is(join("\n", sort grep { !$there{$_} } split /\n/, $comments), '', 'the comments name no object that there is not');

value('postgres', "DROP DATABASE $db");
done_testing();
