# What the TAP scripts share: psql, once or as a session that stays open.
package Dunning;
use strict;
use warnings;
use Exporter 'import';
use IPC::Run ();
use POSIX ();

our @EXPORT = qw(psql value other_figures database session poll as_server start_server stop_server);

my $patience = 60;    # seconds that one command may take

# Runs SQL in a database; returns exit status, output and messages.
sub psql
{
	my ($db, $sql, @options) = @_;
	my ($out, $err) = ('', '');
	# a server that is away lets psql end before it reads
	eval {
		local $SIG{PIPE} = 'IGNORE';
		IPC::Run::run(['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-d', $db, @options],
			'<', \$sql, '>', \$out, '2>', \$err);
		1;
	} or return (2, $out, "$err$@");
	chomp $out;
	return ($? >> 8, $out, $err);
}

# The output of SQL that has to work.
sub value
{
	my ($db, $sql, @options) = @_;
	my ($status, $out, $err) = psql($db, $sql, @options);
	die "in $db: $sql\n$err" if $status != 0;
	return $out;
}

# An empty database, with the extension unless "bare"
sub database
{
	my ($db, $bare) = @_;
	value('postgres', "DROP DATABASE IF EXISTS $db WITH (FORCE)");
	value('postgres', "CREATE DATABASE $db TEMPLATE template0");
	value($db, 'CREATE EXTENSION pg_dunning') unless $bare;
	return $db;
}

# Tries until the condition holds; false after that many seconds.
# The figures of a database's month ends, by company, that differ from those of its
# items on each day in plain SQL; none as a rule.
sub other_figures
{
	my ($db, $from, $to) = @_;
	return value($db, <<"SQL");
WITH d AS (SELECT (date_trunc('month', m) + interval '1 month - 1 day')::date AS day, (date_trunc('month', m) - interval '2 months')::date - 1 AS before
	FROM generate_series(timestamp '$from', timestamp '$to', '1 month') AS m
), sold AS (
	SELECT d.day, i.currency, i.company, sum(i.amount) AS sales FROM d JOIN dunning.ledger_items('$to') AS i ON i.issued_on <= d.day AND i.issued_on > d.before
	WHERE i.kind IN ('invoice', 'credit_note') GROUP BY 1, 2, 3
), theirs AS (
	SELECT d.day, i.currency, i.company, sum(i.open_amount) AS open, coalesce(sum(i.open_amount) FILTER (WHERE i.due_on < d.day), 0) AS late,
		coalesce(sum(i.open_amount) FILTER (WHERE i.due_on < d.day - 90), 0) AS old, max(d.day - d.before) AS days
	FROM d CROSS JOIN LATERAL dunning.ledger_items(d.day) AS i GROUP BY 1, 2, 3
), a AS (
	SELECT t.day, t.currency, t.company, round(t.open, 2), round(t.late, 2), round(t.old, 2), round(coalesce(s.sales, 0), 2),
		round(t.open * t.days / nullif(greatest(s.sales, 0), 0), 2), round((t.open - t.late) * t.days / nullif(greatest(s.sales, 0), 0), 2)
	FROM theirs AS t LEFT JOIN sold AS s ON (s.day, s.currency) = (t.day, t.currency) AND s.company IS NOT DISTINCT FROM t.company
), b AS (
	SELECT f.as_of, f.currency, f.company, round(f.receivables, 2), round(f.overdue, 2), round(f.overdue_beyond_90, 2), round(f.sales, 2), f.dso, f.best_possible_dso
	FROM dunning.figures('$from', '$to', grouped_by => 'company') AS f
	WHERE (f.as_of, f.currency, f.company) IN (SELECT t.day, t.currency, t.company FROM theirs AS t) OR f.company IS NULL
)
(SELECT 'by hand', * FROM (TABLE a EXCEPT TABLE b) AS x) UNION ALL (SELECT 'figures', * FROM (TABLE b EXCEPT TABLE a) AS x) ORDER BY 2 LIMIT 6
SQL
}

sub poll
{
	my ($seconds, $condition) = @_;
	for (1 .. $seconds * 10)
	{
		return 1 if $condition->();
		select(undef, undef, undef, 0.1);
	}
	return 0;
}

# Runs a program as the server's user; returns exit status and all it says.
sub as_server
{
	my (@command) = @_;
	my $said = '';
	IPC::Run::run([split(' ', $ENV{DUNNING_AS} // ''), 'env', map({ "$_=$ENV{$_}" } grep { /^PG(HOST|PORT|USER|DATABASE)$/ } keys %ENV), @command],
		'<', \undef, '>', \$said, '2>&1');
	return ($? >> 8, $said);
}

# Another server of the same programs, on a port of its own in the same folder;
# undef if it does not start.  As in script/with-cluster the kernel tells it
# when we are gone.
sub start_server
{
	my ($data, $port) = @_;
	my @as = split ' ', $ENV{DUNNING_AS} // '';
	# setpriv may be there without being needed to become another user
	my @told = @as && $as[0] eq 'setpriv' ? (@as, '--pdeathsig', 'INT')
		: !@as && grep({ -x "$_/setpriv" } split /:/, $ENV{PATH}) ? ('setpriv', '--pdeathsig', 'INT')
		: @as;
	my $server = fork // die "fork: $!";
	if ($server == 0)
	{
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', "$data.log";
		open STDERR, '>&', \*STDOUT;
		chdir $ENV{DUNNING_BUILD};
		exec @told, "$ENV{DUNNING_BINDIR}/postgres", '-D', $data, '-p', $port or POSIX::_exit(127);
	}
	my $is_there = sub { (psql('postgres', 'SELECT', '-p', $port))[0] == 0 };
	poll(60, sub { waitpid($server, POSIX::WNOHANG()) != 0 || $is_there->() });
	return $server if kill(0, $server) && $is_there->();
	stop_server($server);
	return;
}

sub stop_server
{
	my ($server) = @_;
	kill 'INT', $server;
	waitpid $server, 0;
	return;
}

# A session: say() sends a statement and returns at once, answer() waits for
# what it says (output, then messages), ask() does both.
sub session
{
	my ($db) = @_;
	my $self = bless { in => '', out => '', err => '', n => 0 }, __PACKAGE__;
	$self->{run} = IPC::Run::start(['psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $db],
		'<', \$self->{in}, '>', \$self->{out}, '2>', \$self->{err});
	$self->{pid} = $self->ask('SELECT pg_backend_pid()');
	return $self;
}

sub say
{
	my ($self, $sql) = @_;
	my $n = ++$self->{n};
	$self->{in} .= "$sql;\n\\echo said $n\n\\warn said $n\n";
	$self->{run}->pump_nb;
	return;
}

sub answer
{
	my ($self) = @_;
	my $mark = "said $self->{n}\n";
	my $until = time + $patience;
	while ($self->{out} !~ /$mark$/ || $self->{err} !~ /$mark$/)
	{
		die "no answer from a session: $self->{out} $self->{err}" if time > $until;
		$self->{run}->pump_nb;
		select(undef, undef, undef, 0.01);
	}
	my ($out, $err) = ($self->{out}, $self->{err});
	($self->{out}, $self->{err}) = ('', '');
	s/$mark$// for $out, $err;
	chomp $out;
	return wantarray ? ($out, $err) : $out;
}

sub ask
{
	my ($self, $sql) = @_;
	$self->say($sql);
	return $self->answer;
}

sub quit
{
	my ($self) = @_;
	return unless $self->{run};
	$self->{in} .= "\\q\n";
	eval { $self->{run}->finish };
	delete $self->{run};
	return;
}

sub DESTROY
{
	my ($self) = @_;
	eval { $self->{run}->kill_kill } if $self->{run};
	return;
}

1;
