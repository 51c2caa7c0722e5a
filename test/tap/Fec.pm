# What the proofs of accounting entries files have in common: the receivables of a
# database of an ERP, written as such files and loaded, are those of the database itself.
package Fec;
use strict;
use warnings;
use FindBin;
use Dunning;
use Exporter 'import';
use File::Temp;
use Test::More;
our @EXPORT = qw(fec_proof);

# erp: its name; dump: its database; lines: a query (id, move, party, company, day, amount, letter, doc) of the
# lines of its customers' accounts, doc being the key of the item in the ledger of the profile; setup: SQL before
sub fec_proof
{
	my (%of) = @_;
	my $dump = ($ENV{DUNNING_SHARED} // '../shared') . "/data/erp/$of{dump}";
	plan skip_all => "no database of $of{erp}: $dump is not there" unless -r $dump;

	my $folder = File::Temp->newdir;
	$ENV{PGOPTIONS} = '-c client_min_messages=warning -c jit=off';
	my $db = database("dunning_fec_$of{erp}", 'bare');
	system("zcat '$dump' | psql -Xq -d $db >/dev/null 2>&1") == 0 or die 'the database cannot be restored';
	value($db, 'ANALYZE; CREATE EXTENSION pg_dunning; CREATE SCHEMA book');

	# One file a year, as known at its end: a line is lettered if all that settles it is of that
	# year or of an earlier one.  The next year begins with the lines that are not.
	value($db, "CREATE TABLE book.line AS SELECT l.*, max(l.day) OVER (PARTITION BY l.letter) AS settled_on, count(*) OVER (PARTITION BY l.letter) AS lines FROM ($of{lines}) AS l WHERE l.amount <> 0");
	value($db, <<'SQL');
UPDATE book.line SET settled_on = NULL, lines = 0 WHERE letter IS NULL;
CREATE VIEW book.file AS
WITH y AS (SELECT DISTINCT company, make_date(extract(year FROM day)::integer, 1, 1) AS first, make_date(extract(year FROM day)::integer, 12, 31) AS last FROM book.line)
SELECT y.company, y.last, x.*
FROM y
JOIN book.line AS l ON l.company = y.company AND (l.day BETWEEN y.first AND y.last OR l.day < y.first AND (l.settled_on < y.first) IS NOT TRUE)
CROSS JOIN LATERAL (VALUES ('411000', l.party::text, l.amount, CASE WHEN l.settled_on <= y.last THEN 'R' || l.letter ELSE '' END), ('700000', '', - l.amount, '')) AS s (account, party, amount, letter)
CROSS JOIN LATERAL (SELECT greatest(l.day, y.first) AS day, l.id, concat_ws('|', CASE WHEN l.day < y.first THEN 'AN' ELSE 'OD' END, 'Journal', CASE WHEN l.day < y.first THEN '0' ELSE l.move::text END,
	to_char(greatest(l.day, y.first), 'YYYYMMDD'), s.account, 'Compte', s.party, s.party, 'L' || l.id, to_char(l.day, 'YYYYMMDD'), 'Ligne',
	to_char(greatest(s.amount, 0), 'FM999999990.00'), to_char(greatest(- s.amount, 0), 'FM999999990.00'), s.letter, '', '', '', '') AS text) AS x;
SQL
	my @files;
	for my $year (split /\n/, value($db, 'SELECT DISTINCT company, last FROM book.file ORDER BY 1, 2'))
	{
		my ($company, $last) = split /\|/, $year;
		my $file = sprintf '%s/%09dFEC%s.txt', $folder, $company, $last =~ s/-//gr;
		open my $out, '>', $file or die "$file: $!";
		print $out join('|', qw(JournalCode JournalLib EcritureNum EcritureDate CompteNum CompteLib CompAuxNum CompAuxLib PieceRef PieceDate EcritureLib
			Debit Credit EcritureLet DateLet ValidDate Montantdevise Idevise)), "\n", value($db, "SELECT text FROM book.file WHERE company = $company AND last = '$last' ORDER BY day, id"), "\n";
		close $out;
		push @files, $file;
	}
	cmp_ok(scalar @files, '>=', $of{files}, 'there are files');
	{
		local $ENV{PGDATABASE} = $db;
		is(system('bash', '-c', '"$@" >/dev/null', 'load', "$FindBin::Bin/../../script/fec", '-t', '30 jours', @files), 0, 'which are loaded') or die 'script/fec failed';
	}
	value($db, "SELECT FROM dunning.adopt_erp('$of{erp}', rule => NULL); SELECT FROM dunning.adopt_erp('fec', rule => NULL)");
	is(value($db, q{SELECT problem, count(*) FROM fec.problem GROUP BY 1}), $of{doubts} // '', 'and what is doubtful');

	my $days = q{(SELECT (date_trunc('month', last) - n * interval '1 month' + interval '1 month - 1 day')::date AS day
		FROM (SELECT max(day) AS last FROM book.line) AS m, generate_series(0, 11) AS n) AS d};
	is(value($db, <<"SQL"), '', 'at twelve month ends each party owes what the lines of the ERP say');
SELECT d.day, x.* FROM $days CROSS JOIN LATERAL (
	SELECT u.customer, sum(u.amount) FROM (
		SELECT split_part(o.customer::text, '/', 2) AS customer, o.company_open_amount AS amount FROM dunning.open_items(d.day) AS o WHERE o.ledger = 'fec'
		UNION ALL SELECT l.party::text, - l.amount FROM book.line AS l WHERE l.day <= d.day) AS u GROUP BY 1 HAVING sum(u.amount) <> 0) AS x LIMIT 10
SQL
	is(value($db, <<"SQL"), '', 'and what the ERP settled is open in both ledgers, or in none');
SELECT d.day, x.* FROM $days CROSS JOIN LATERAL (
	SELECT u.doc, sum(u.amount) FROM (
		SELECT l.doc::text, o.company_open_amount AS amount FROM dunning.open_items(d.day) AS o JOIN book.line AS l ON l.id::text = substr(o.reference, 2) WHERE o.ledger = 'fec'
		UNION ALL SELECT o.item::text, - o.company_open_amount FROM dunning.open_items(d.day) AS o WHERE o.ledger = '$of{erp}') AS u
	WHERE u.doc IN (SELECT l.doc::text FROM book.line AS l WHERE $of{compared}) GROUP BY 1 HAVING abs(sum(u.amount)) > $of{within}) AS x LIMIT 10
SQL
	cmp_ok(value($db, "SELECT count(DISTINCT doc) FROM book.line AS l WHERE $of{compared}"), '>', $of{many}, 'of which there are many');
	value('postgres', "DROP DATABASE $db WITH (FORCE)");
	done_testing();
}

1;
