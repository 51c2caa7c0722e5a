#!/usr/bin/env perl
# Which packages script/setup asks for, on machines that are made up: headers
# and server come to one version, and no server that is there is upgraded.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp;
use FindBin;
use Test::More;

my $top = abs_path("$FindBin::Bin/../..");
my ($old, $new) = ('15.18-0+deb12u1', '15.20-0+deb12u1');

sub contents
{
	my ($path, $text) = @_;
	make_path(dirname($path));
	open my $file, '>', $path or die "$path: $!";
	print $file $text;
	close $file;
	chmod 0755, $path;
	return;
}

# What a package brings, below a folder: a shell function that the programs
# below have.
my $brings = <<'SH';
brings() { # folder, package, version
	release=${3%%-*}
	bin=$1/usr/lib/postgresql/15/bin
	lib=$1/usr/lib/postgresql/15/lib
	ext=$1/usr/share/postgresql/15/extension
	inc=$1/usr/include/postgresql/15/server
	case $2 in
		postgresql-15)
			mkdir -p "$bin" "$ext"
			printf '#!/bin/sh\necho "postgres (PostgreSQL) %s (Debian)"\n' "$release" >"$bin/postgres"
			chmod 755 "$bin/postgres" ;;
		postgresql-client-15)
			mkdir -p "$bin"
			cat >"$bin/pg_config" <<-EOT
				#!/bin/sh
				case \$1 in
					--version) echo "PostgreSQL $release (Debian)" ;;
					--bindir) echo "\${0%/*}" ;;
					--sharedir) echo "\${0%/lib/postgresql/15/bin/*}/share/postgresql/15" ;;
					--includedir-server) echo "\${0%/lib/postgresql/15/bin/*}/include/postgresql/15/server" ;;
					--pgxs) echo "\${0%/bin/*}/lib/pgxs/src/makefiles/pgxs.mk" ;;
				esac
			EOT
			chmod 755 "$bin/pg_config" ;;
		postgresql-server-dev-15)
			mkdir -p "$inc" "$lib/pgxs/src/makefiles"
			: >"$inc/postgres.h"
			: >"$lib/pgxs/src/makefiles/pgxs.mk"
			echo 'with_llvm	= yes' >"$lib/pgxs/src/Makefile.global"
			printf '#define PG_MAJORVERSION "15"\n#define PG_VERSION "%s (Debian)"\n#define PG_VERSION_NUM 1500\n' "$release" >"$inc/pg_config.h" ;;
		postgresql-15-pgtap) mkdir -p "$ext"; : >"$ext/pgtap.control" ;;
		postgresql-15-cron) mkdir -p "$ext"; : >"$ext/pg_cron.control" ;;
	esac
}
SH
# and the programs of such a machine: what is installed and what the index has
# are lists of packages with versions, the newest last
my %program = (
	'id' => 'echo 0',
	'apt-cache' => <<'SH',
case $1 in
	policy) awk -v p="$2" '$1 == p { v = $2 } END { if (v) print p ":\n  Candidate: " v }' "$DUNNING_ROOT/index" ;;
	madison) awk -v p="$2" '$1 == p { print p " | " $2 " | http://deb.example" }' "$DUNNING_ROOT/index" ;;
esac
SH
	'dpkg-query' => <<'SH',
for p; do :; done
awk -v p="$p" '$1 == p { print "installed " $2; n = 1 } END { exit !n }' "$DUNNING_ROOT/installed"
SH
	'dpkg' => 'set -- "$2" "$3"; read -r package version <"$1"; brings "$2" "$package" "$version"',
	'apt-get' => <<'SH',
newest() { awk -v p="$1" '$1 == p { v = $2 } END { print v }' "$DUNNING_ROOT/index"; }
installed() { awk -v p="$1" '$1 == p { v = $2 } END { print v }' "$DUNNING_ROOT/installed"; }
simulate=
names=
verb=
for word; do
	case $word in
		-s) simulate=yes ;;
		-* | *::*) ;;
		update) exit 0 ;;
		install | download) verb=$word ;;
		*) names="$names $word" ;;
	esac
done
named() { # the version that is asked for, or the newest
	case " $names " in
		*" $1="*) v=${names##* "$1"=}; echo "${v%% *}" ;;
		*) newest "$1" ;;
	esac
}
put() { # package, version: upgrades it or installs it anew
	was=$(installed "$1")
	[ "$was" != "$2" ] || return 0
	[ -n "$2" ] || { echo "E: no package $1" >&2; exit 100; }
	grep -qx "$1 $2" "$DUNNING_ROOT/index" || { echo "E: no version $2 of $1" >&2; exit 100; }
	[ -z "$was" ] || echo "upgraded $1" >>"$DUNNING_ROOT/log"
	[ -z "$simulate" ] || { echo "Inst $1${was:+ [$was]} ($2 Debian)"; return 0; }
	sed -i "/^$1 /d" "$DUNNING_ROOT/installed"
	echo "$1 $2" >>"$DUNNING_ROOT/installed"
	brings "$DUNNING_ROOT" "$1" "$2"
}
echo "$verb$names" >>"$DUNNING_ROOT/log"
[ -z "$simulate" ] || sed -i '$d' "$DUNNING_ROOT/log"
for name in $names; do
	package=${name%%=*}
	version=$(named "$package")
	if [ "$verb" = download ]; then
		grep -qx "$package $version" "$DUNNING_ROOT/index" || exit 100
		echo "$package $version" >"${package}_$version.deb"
		continue
	fi
	case $package in
		postgresql-server-dev-15 | postgresql-15)
			[ -n "$(installed postgresql-client-15)" ] || put postgresql-client-15 "$(named postgresql-client-15)" ;;
	esac
	case $package in
		postgresql-server-dev-15) [ -n "$(installed libpq-dev)" ] || put libpq-dev "$(named libpq-dev)"; put libpq5 "$(installed libpq-dev)" ;;
	esac
	[ -n "$(installed "$package")" ] || put "$package" "$version"
done
SH
);

# A machine: what is installed, what the index has, and perhaps another setup
sub machine
{
	my (%has) = @_;
	my $root = File::Temp->newdir('setupXXXXXX', TMPDIR => 1);
	contents("$root/index", join '', map { "$_\n" } @{ $has{index} });
	contents("$root/installed", join '', map { "$_\n" } @{ $has{installed} });
	contents("$root/log", '');
	contents("$root/bin/$_", "#!/bin/sh\n$brings\n$program{$_}") for keys %program;
	contents("$root/bin/$_", "#!/bin/sh\nexit 0\n") for qw(make gcc pg_prove prove);
	contents("$root/bin/pg_config", qq(#!/bin/sh\n[ -x "$root/usr/lib/postgresql/15/bin/pg_config" ] || exit 1\nexec "$root/usr/lib/postgresql/15/bin/pg_config" "\$@"\n));
	make_path("$root/etc", "$root/tree/script");
	system('cp', "$top/script/setup", "$root/tree/script/setup") == 0 or die;
	for (@{ $has{installed} })
	{
		my ($package, $version) = split / /;
		system('sh', '-c', "$brings\nbrings \"\$@\"", 'sh', $root, $package, $version) == 0 or die;
	}
	return $root;
}

# Runs setup there; returns its status, what it said, and what apt was asked
sub setup
{
	my ($root, @options) = @_;
	contents("$root/log", '');
	local $ENV{PATH} = "$root/bin:$ENV{PATH}";
	local $ENV{DUNNING_ROOT} = "$root";
	delete local $ENV{PG_CONFIG};
	my $said = `'$root/tree/script/setup' @options sh -c 'echo "PG_CONFIG=\$(command -v "\$PG_CONFIG")"' 2>&1`;
	my $status = $? >> 8;
	# what this machine lacks besides is not looked at
	my $asked = join "\n", map { join ' ', grep { !/^(libc6-dev|perl|libipc-run-perl|libtap\S+)$/ } split / / } split /\n/, `cat '$root/log'`;
	return ($status, $said, $asked);
}

# The releases of headers and server that a setup leaves
sub releases
{
	my ($said) = @_;
	my ($config) = $said =~ /^PG_CONFIG=(.*)$/m or return 'none';
	my $headers = `sed -n 's/^#define PG_VERSION "\\([0-9.]*\\).*/\\1/p' "\$($config --includedir-server)/pg_config.h" 2>/dev/null`;
	my $server = `"\$($config --bindir)/postgres" --version | sed 's/.*) \\([0-9.]*\\).*/\\1/'`;
	return "headers $headers server $server" =~ s/\s+/ /gr =~ s/ $//r;
}

my @both = map { my $p = $_; map { "$p $_" } $old, $new } qw(postgresql-15 postgresql-client-15 postgresql-server-dev-15 libpq-dev libpq5);
my @rest = ('postgresql 15+248', 'postgresql-15-pgtap 1.2', 'postgresql-15-cron 1.4');
my @moved = ((grep { /\Q$new\E$/ } @both), @rest);
my @server = map { "$_ $old" } qw(postgresql-15 postgresql-client-15 libpq5);

{
	my $root = machine(installed => [], index => [@both, @rest]);
	my ($status, $said, $asked) = setup($root);
	is("$status $asked", '0 install postgresql-15 postgresql-server-dev-15', 'nothing is there: the newest of both');
	is(releases("PG_CONFIG=$root/usr/lib/postgresql/15/bin/pg_config"), 'headers 15.20 server 15.20', 'which are one version');
	($status, $said, $asked) = setup($root);
	is("$status $asked", '0 ', 'a second setup asks for nothing');
	($status, $said, $asked) = setup($root, '-t');
	is("$status $asked", '0 install postgresql-15-pgtap postgresql-15-cron', 'the tests need more');
}
{
	my $root = machine(installed => [@server], index => [@both, @rest]);
	my ($status, $said, $asked) = setup($root, '-t');
	is("$status $asked", "0 install postgresql-15-pgtap postgresql-15-cron postgresql-server-dev-15=$old libpq-dev=$old",
		'an older server is there: the headers of its version');
	is(releases($said), 'headers 15.18 server 15.18', 'which are one version');
}
{
	my $root = machine(installed => ["postgresql-client-15 $old", "libpq5 $old"], index => [@both, @rest]);
	my ($status, $said, $asked) = setup($root);
	is("$status $asked", "0 install postgresql-15=$old postgresql-server-dev-15=$old libpq-dev=$old",
		'older client programs are there: server and headers of their version');
}
{
	my $root = machine(installed => [@server], index => [@moved]);
	my ($status, $said, $asked) = setup($root, '-t');
	is("$status $asked", "0 download postgresql-15=$new postgresql-client-15=$new postgresql-server-dev-15=$new postgresql-15-pgtap postgresql-15-cron",
		'the headers of the server are gone from the index: another server is unpacked');
	is(releases($said), 'headers 15.20 server 15.20', 'with headers of its version');
	like($said, qr{^PG_CONFIG=\Q$root\E/tree/build/unpacked/}m, 'in a folder of the build');
	is(`cat '$root/installed'`, join('', map { "$_\n" } @server), 'what is installed stays as it is');
	($status, $said, $asked) = setup($root, '-t');
	is("$status $asked " . releases($said), '0  headers 15.20 server 15.20', 'a second setup takes it again');
}
{
	my $root = machine(installed => [@server, map { "$_ $new" } qw(postgresql-server-dev-15 libpq-dev)], index => [@both, @rest]);
	my ($status, $said, $asked) = setup($root);
	is("$status $asked", "0 download postgresql-15=$new postgresql-client-15=$new postgresql-server-dev-15=$new",
		'newer headers stand beside the server: another server is unpacked');
	is(releases($said), 'headers 15.20 server 15.20', 'with headers of its version');
	($status, $said, $asked) = setup($root, '-t');
	like("$status $asked", qr/^0 download .* postgresql-15-pgtap postgresql-15-cron$/, 'the tests need more of it');
}
{
	my $root = machine(installed => [(map { "$_ $new" } qw(postgresql-15 postgresql-client-15 libpq5)), map { "$_ $old" } qw(postgresql-server-dev-15)], index => [@both, @rest]);
	my ($status, $said, $asked) = setup($root);
	is("$status $asked " . releases($said), '0  headers 15.18 server 15.20', 'older headers are left as they are');
}
{
	my $root = machine(installed => [@server, "libpq-dev $old"], index => [@both, @rest]);
	# a package that drags the server along
	contents("$root/bin/apt-get", do { local (@ARGV, $/) = "$root/bin/apt-get"; <> =~ s/^for name in.*$/case \$names in *pgtap*) put postgresql-15 15.20-0+deb12u1 ;; esac\n$&/mr });
	my ($status, $said, $asked) = setup($root, '-t');
	is($status, 1, 'where apt would upgrade the server nothing is installed');
	like($said, qr/^setup: apt would upgrade postgresql-15, which is left to you$/m, 'and it is said');
	unlike($asked, qr/install/, 'nor asked for');
	is(releases("PG_CONFIG=$root/usr/lib/postgresql/15/bin/pg_config"), 'headers server 15.18', 'the server is as it was');
}
{
	my $root = machine(installed => [@server], index => [grep { !/server-dev/ } @moved]);
	my ($status, $said, $asked) = setup($root);
	is("$status $asked", '1 ', 'where the index has no headers nothing is done');
	like($said, qr/^setup: the package index has no package postgresql-server-dev-15$/m, 'and it is said');
}

# make says it, too: headers that are newer than the server, and no others
for my $each (['15.18', '15.20', ''], ['15.18', '15.18', ''], ['15.9', '15.18', ''],
	['15.20', '15.18', 'headers are of PostgreSQL 15.20, newer than the server 15.18'], ['15.18', '15.9', 'headers are of PostgreSQL 15.18, newer than the server 15.9'])
{
	my ($headers, $server, $error) = @$each;
	my $root = machine(installed => ["postgresql-15 $server-0", "postgresql-client-15 $server-0", "postgresql-server-dev-15 $headers-0"], index => []);
	contents("$root/usr/lib/postgresql/15/lib/pgxs/src/makefiles/pgxs.mk", "all:\n\t\@echo built\n");
	my $said = `make -C '$top' -f Makefile PG_CONFIG='$root/usr/lib/postgresql/15/bin/pg_config' -n all 2>&1`;
	$error ? like($said, qr/\Q$error/, "make: headers $headers, server $server") : unlike($said, qr/newer than/, "make: headers $headers, server $server");
	is($? >> 8, $error ? 2 : 0, $error ? 'is an error' : 'is none');
}
done_testing();
