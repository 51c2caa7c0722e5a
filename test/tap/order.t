#!/usr/bin/env perl
# The order of the install script: a name is used by the file that creates it or
# by a later one, in function bodies and in the strings that they execute, too.
# Nor do the rooms, a folder each, use each other in a circle, in SQL or by includes.
use strict;
use warnings;
use FindBin;
use Test::More;

my $top = "$FindBin::Bin/../..";

sub content
{
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!";
	local $/;
	return scalar <$in>;
}

# What a file does, without what it says: comments, and the strings of messages
sub code
{
	my ($sql) = @_;
	my $string = qr/'(?:[^']|'')*'/;
	$sql =~ s/^\s*--.*$//mg;
	$sql =~ s/\s--:?\s.*$//mg;
	$sql =~ s{/\*.*?\*/}{}sg;
	$sql =~ s/^COMMENT ON .*?$string;$//msg;
	$sql =~ s{(\bRAISE\s+(?:EXCEPTION|WARNING|NOTICE)\b.*?;\s*$)}{ (my $raise = $1) =~ s/$string//g; $raise }msge;
	# a statement that a hint tells the reader to execute
	$sql =~ s{[:,;.] SELECT (?:\* FROM )?dunning\.\w+}{}g;
	$sql =~ s{\bmade by dunning\.\w+}{}g;
	return $sql;
}

my ($rooms) = content("$top/Makefile") =~ /^ROOMS_SQL = \\\n((?:\t.*\\\n)*\t.*\n)/m;
my @files = grep { !m{^build/(?:data|template)\.sql$} } $rooms =~ /(\S+\.sql)/g;
cmp_ok(scalar @files, '>', 20, 'the files of the install script');

# make writes this file from the table of types
my $types = join '', map { "CREATE TYPE dunning.$_;\n" } content("$top/src/type.csv") =~ /^(\w+),(?:value|config|state|key),/mg;
my %code = map { $_ => $_ eq 'build/type.sql' ? $types : code(content("$top/$_")) } @files;
my %made;
for my $i (0 .. $#files)
{
	$made{$1} //= $i while $code{$files[$i]} =~ /\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:UNLOGGED\s+)?(?:FUNCTION|PROCEDURE|AGGREGATE|TYPE|TABLE|VIEW)\s+_?dunning\.(\w+)/g;
}
my (%found, %uses);
my $room = sub { $_[0] =~ m{^src/(\w+)/} ? $1 : '' };
# an overload is found by its types, which nobody sees here
my %makers;
for my $file (@files)
{
	$makers{$1}{$room->($file)} = 1 while $code{$file} =~ /\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:UNLOGGED\s+)?(?:FUNCTION|PROCEDURE|AGGREGATE|TABLE|VIEW)\s+_?dunning\.(\w+)/g;
}
for my $i (0 .. $#files)
{
	while ($code{$files[$i]} =~ /\b_?dunning\.(\w+)/g)
	{
		$found{"$files[$i] $1"} = 1 if defined $made{$1} && $made{$1} > $i;
	}
}
is(join("\n", sort keys %found), '', 'no file uses a name that a later one creates');

for my $file (@files)
{
	while ($code{$file} =~ /\b_?dunning\.(\w+)/g)
	{
		my ($from, @to) = ($room->($file), keys %{$makers{$1} // {}});
		$uses{$from}{$to[0]} //= "$file uses $1" if $from && @to == 1 && $to[0] && $to[0] ne $from;
	}
}
for my $file (glob "$top/src/*/*.[ch]")
{
	my ($from) = $file =~ m{/src/(\w+)/\w+\.[ch]$};
	my $text = content($file);
	while ($text =~ m{^#include "(\w+)/(\w+\.h)"}mg)
	{
		$uses{$from}{$1} //= "src/$from includes $1" if $1 ne $from && -e "$top/src/$1/$2";
	}
}
# whom a room uses, directly or not
sub reached
{
	my ($from) = @_;
	my (%seen, @next);
	@next = ($from);
	while (defined(my $at = shift @next))
	{
		push @next, grep { !$seen{$_}++ } keys %{$uses{$at} // {}};
	}
	return \%seen;
}
my @circle;
for my $from (sort keys %uses)
{
	push @circle, map { "$from -> $_: $uses{$from}{$_}" } grep { reached($_)->{$from} } sort keys %{$uses{$from}};
}
cmp_ok(scalar keys %uses, '>', 20, 'the rooms');
is(join("\n", @circle), '', 'no room uses one that uses it, directly or not');
done_testing();
