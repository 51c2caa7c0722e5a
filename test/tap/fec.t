#!/usr/bin/env perl
# French accounting entries files: three sets of books are made, each with its own
# habits, written as files and loaded.  The balances that come back, at twelve month
# ends, and the open items are those that the books themselves say in plain SQL.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Cwd qw(abs_path);
use File::Temp;
use Test::More;

my $top = "$FindBin::Bin/../..";
my $folder = File::Temp->newdir;
$ENV{PGOPTIONS} = '-c client_min_messages=warning';
our $db = database('dunning_fec');

# script/fec as a user calls it: status and all it says
sub load
{
	my (@arguments) = @_;
	local $ENV{PGDATABASE} = $db;
	my ($out, $err) = ('', '');
	IPC::Run::run(["$top/script/fec", @arguments], '<', \undef, '>', \$out, '2>', \$err);
	return ($? >> 8, $out, $err);
}

sub loads
{
	my ($name, @arguments) = @_;
	my ($status, $out, $err) = load(@arguments);
	is($status, 0, $name) or diag $err;
	return $out;
}

# The books.  Of each document it is known what pays it, and on which day that was
# noted.  111111111 carries single lines forward and exports each year at its end, so
# that the letters of a year are in its file alone.  222222222 carries a sum a customer
# forward and exports all years at the end of the last.  Both begin anew with their codes
# each year.  333333333 has no letters and no auxiliary accounts.
value($db, <<'SQL');
CREATE SCHEMA book;
CREATE FUNCTION book.draw(what text, n integer, sides integer) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
	RETURN (SELECT (get_byte(h, 0) * 65536 + get_byte(h, 1) * 256 + get_byte(h, 2)) % sides FROM sha256(convert_to(what || n, 'UTF8')) AS h);
CREATE TABLE book.document AS
SELECT n AS id, c.company, format('C%s', lpad((1 + book.draw('customer', n, 6))::text, 3, '0')) AS customer,
	date '2022-11-01' + book.draw('day', n, 1140) AS day, round((100 + book.draw('amount', n, 900000)) / 100.0, 2) AS amount
FROM generate_series(1, 600) AS n CROSS JOIN LATERAL (SELECT (ARRAY['111111111', '222222222', '333333333'])[1 + n % 3] AS company) AS c;
CREATE TABLE book.receipt (id integer PRIMARY KEY, company text, customer text, day date, amount numeric, note boolean, noted date);
CREATE TABLE book.applied (document integer, receipt integer, amount numeric);
CREATE TEMP TABLE fate AS
SELECT d.*, book.draw('fate', id, 100) AS fate, d.day + 5 + book.draw('wait', id, 150) AS paid_on FROM book.document AS d;
INSERT INTO book.receipt
	SELECT 1000 + id, company, customer, paid_on, amount, false, paid_on + 4 FROM fate WHERE fate < 50
	UNION ALL SELECT 2000 + id, company, customer, paid_on, round(amount / 3, 2), false, CASE WHEN fate < 65 THEN paid_on + 44 ELSE paid_on + 4 END FROM fate WHERE fate BETWEEN 50 AND 79
	UNION ALL SELECT 3000 + id, company, customer, paid_on + 40, amount - round(amount / 3, 2), fate >= 60, paid_on + 44 FROM fate WHERE fate BETWEEN 50 AND 64
	-- on account: no document
	UNION ALL SELECT 4000 + id, company, customer, paid_on, round(amount / 7, 2), false, NULL FROM fate WHERE fate BETWEEN 80 AND 84;
INSERT INTO book.applied SELECT r.id % 1000, r.id, r.amount FROM book.receipt AS r WHERE r.noted IS NOT NULL;
-- the files begin in 2023 and end in 2025
DELETE FROM book.applied WHERE receipt IN (SELECT id FROM book.receipt WHERE day > '2025-12-31' OR day < '2023-01-01') OR document IN (SELECT id FROM book.document WHERE day > '2025-12-31');
DELETE FROM book.receipt WHERE day > '2025-12-31' OR day < '2023-01-01' OR noted IS NOT NULL AND id NOT IN (SELECT receipt FROM book.applied);
DELETE FROM book.document WHERE day > '2025-12-31';
-- what is noted later is not lettered yet
DELETE FROM book.applied WHERE receipt IN (SELECT id FROM book.receipt WHERE noted > '2025-12-31');
UPDATE book.receipt SET noted = NULL WHERE noted > '2025-12-31';

-- What the books say themselves, of any day
CREATE FUNCTION book.balance(day date) RETURNS TABLE (company text, customer text, balance numeric) LANGUAGE sql AS $$
	SELECT m.company, m.customer, sum(m.amount)
	FROM (SELECT d.company, d.customer, d.day, d.amount FROM book.document AS d UNION ALL SELECT r.company, r.customer, r.day, - r.amount FROM book.receipt AS r) AS m
	WHERE m.day <= balance.day GROUP BY 1, 2 HAVING sum(m.amount) <> 0 $$;
CREATE FUNCTION book.open_items(day date) RETURNS TABLE (company text, customer text, reference text, amount numeric) LANGUAGE sql AS $$
	SELECT d.company, d.customer, 'F' || d.id, d.amount - coalesce(a.amount, 0)
	FROM book.document AS d LEFT JOIN (SELECT a.document, sum(a.amount) AS amount FROM book.applied AS a JOIN book.receipt AS r ON r.id = a.receipt AND r.day <= open_items.day GROUP BY 1) AS a ON a.document = d.id
	WHERE d.day <= open_items.day AND d.amount > coalesce(a.amount, 0) AND d.company <> '333333333'
	UNION ALL
	SELECT r.company, r.customer, 'R' || r.id, - r.amount FROM book.receipt AS r WHERE r.day <= open_items.day AND r.noted IS NULL AND r.company <> '333333333'
	UNION ALL
	-- the oldest first: what the receipts of the day leave of the documents in their order
	SELECT q.company, q.customer, 'F' || q.id, least(q.amount, q.upto - q.paid)
	FROM (SELECT d.*, sum(d.amount) OVER (PARTITION BY d.company, d.customer ORDER BY d.day, d.id) AS upto,
			coalesce((SELECT sum(r.amount) FROM book.receipt AS r WHERE r.company = d.company AND r.customer = d.customer AND r.day <= open_items.day), 0) AS paid
		FROM book.document AS d WHERE d.company = '333333333' AND d.day <= open_items.day) AS q
	WHERE q.upto > q.paid
	UNION ALL
	SELECT q.company, q.customer, 'R' || q.id, - least(q.amount, q.upto - q.owed)
	FROM (SELECT r.*, sum(r.amount) OVER (PARTITION BY r.company, r.customer ORDER BY r.day, r.id) AS upto,
			coalesce((SELECT sum(d.amount) FROM book.document AS d WHERE d.company = r.company AND d.customer = r.customer AND d.day <= open_items.day), 0) AS owed
		FROM book.receipt AS r WHERE r.company = '333333333' AND r.day <= open_items.day) AS q
	WHERE q.upto > q.owed $$;
SQL
is(value($db, q{SELECT count(*) > 500, count(*) FILTER (WHERE day < '2023-01-01') > 10 FROM book.document}), 't|t', 'there are books');

# The files.  A code is the place of a settlement among those noted in its year.
value($db, <<'SQL');
CREATE TABLE book.line AS
SELECT 'V' || d.id AS entry, d.id AS number, d.company, d.customer, d.day, d.day AS piece_on, 'F' || d.id AS piece, d.amount, g.noted, d.id AS settled
FROM book.document AS d LEFT JOIN (SELECT a.document, max(r.noted) AS noted FROM book.applied AS a JOIN book.receipt AS r ON r.id = a.receipt GROUP BY 1) AS g ON g.document = d.id
UNION ALL
SELECT 'R' || r.id, r.id, r.company, r.customer, r.day, r.day, 'R' || r.id, - r.amount, (SELECT max(s.noted) FROM book.applied AS b JOIN book.receipt AS s ON s.id = b.receipt WHERE b.document = a.document), a.document
FROM book.receipt AS r LEFT JOIN book.applied AS a ON a.receipt = r.id;
ALTER TABLE book.line ADD whole boolean;
UPDATE book.line AS l SET whole = settled IN (SELECT s.settled FROM book.line AS s GROUP BY 1 HAVING sum(s.amount) = 0);
CREATE TABLE book.code AS
SELECT company, customer, settled, noted, chr(65 + (n / 26)::integer % 26) || chr(65 + (n % 26)::integer) AS code
FROM (SELECT DISTINCT ON (settled) company, customer, settled, noted FROM book.line WHERE noted IS NOT NULL ORDER BY settled) AS s
CROSS JOIN LATERAL (SELECT count(*) FROM (SELECT DISTINCT ON (settled) * FROM book.line WHERE noted IS NOT NULL ORDER BY settled) AS o
	WHERE o.company = s.company AND o.customer = s.customer AND date_trunc('year', o.noted) = date_trunc('year', s.noted) AND (o.noted, o.settled) < (s.noted, s.settled)) AS c (n);

CREATE VIEW book.file AS
WITH y AS (SELECT make_date(y, 1, 1) AS first, make_date(y, 12, 31) AS last FROM generate_series(2023, 2025) AS y),
of_year AS (
	SELECT y.last, l.*, false AS carried FROM y JOIN book.line AS l ON l.day BETWEEN y.first AND y.last
	UNION ALL
	-- what was not settled by the letters of the years before, line by line
	SELECT y.last, 'AN', 0, l.company, l.customer, y.first, l.piece_on, l.piece, l.amount, l.noted, l.settled, l.whole, true
	FROM y JOIN book.line AS l ON l.day < y.first AND (l.company = '111111111' OR l.company <> '111111111' AND y.first = '2023-01-01') AND (l.whole AND l.noted < y.first) IS NOT TRUE
	UNION ALL
	-- or in one sum
	SELECT y.last, 'AN', 0, l.company, l.customer, y.first, y.first, 'AN', sum(l.amount), NULL, NULL, NULL, true
	FROM y JOIN book.line AS l ON l.day < y.first AND l.company <> '111111111' AND y.first > '2023-01-01' GROUP BY y.last, l.company, l.customer, y.first HAVING sum(l.amount) <> 0
)
SELECT l.company, l.last, l.day, l.carried, l.number, t.*
FROM of_year AS l
LEFT JOIN book.code AS c ON c.settled = l.settled AND l.company <> '333333333' AND l.noted <= CASE l.company WHEN '111111111' THEN l.last ELSE '2025-12-31' END
CROSS JOIN LATERAL (SELECT CASE WHEN l.carried THEN 'AN' WHEN l.amount > 0 THEN 'VE' ELSE 'BQ' END AS journal,
	CASE WHEN l.carried THEN '1' ELSE l.number::text END AS entry) AS j
CROSS JOIN LATERAL (
	SELECT 1 AS side, concat_ws(E'\t', j.journal, 'Journal ' || j.journal, j.entry, to_char(l.day, 'YYYYMMDD'),
		CASE WHEN l.company = '333333333' THEN '411' || l.customer ELSE '411000' END, 'Clients', CASE WHEN l.company = '333333333' THEN '' ELSE l.customer END,
		CASE WHEN l.company = '333333333' THEN '' ELSE 'Client ' || l.customer END, l.piece, to_char(l.piece_on, 'YYYYMMDD'), 'Libellé', replace(greatest(l.amount, 0)::numeric(12,2)::text, '.', ','),
		replace(greatest(- l.amount, 0)::numeric(12,2)::text, '.', ','), coalesce(c.code, ''), coalesce(to_char(c.noted, 'YYYYMMDD'), ''), to_char(l.last, 'YYYYMMDD'), '', '') AS text
	UNION ALL
	SELECT 2, concat_ws(E'\t', j.journal, 'Journal ' || j.journal, j.entry, to_char(l.day, 'YYYYMMDD'), CASE j.journal WHEN 'AN' THEN '890000' WHEN 'VE' THEN '707000' ELSE '512000' END, 'Autre', '', '',
		l.piece, to_char(l.piece_on, 'YYYYMMDD'), 'Libellé', replace(greatest(- l.amount, 0)::numeric(12,2)::text, '.', ','), replace(greatest(l.amount, 0)::numeric(12,2)::text, '.', ','), '', '', to_char(l.last, 'YYYYMMDD'), '', '')
) AS t;
SQL
my $header = join("\t", qw(JournalCode JournalLib EcritureNum EcritureDate CompteNum CompteLib CompAuxNum CompAuxLib PieceRef PieceDate EcritureLib
	Debit Credit EcritureLet DateLet ValidDate Montantdevise Idevise));
my @files;
for my $company (qw(111111111 222222222 333333333))
{
	for my $year (2023 .. 2025)
	{
		my $file = "$folder/${company}FEC${year}1231.txt";
		open my $out, '>', $file or die "$file: $!";
		print $out "$header\n", value($db, "SELECT text FROM book.file WHERE company = '$company' AND last = '$year-12-31' ORDER BY day, carried DESC, number, text, side"), "\n";
		close $out;
		push @files, $file;
	}
}
loads('the files are loaded', '-t', '45 jours', @files);
value($db, q{SELECT FROM dunning.adopt_erp('fec', rule => 'FR')});
is(value($db, 'SELECT ok, problem FROM dunning.check_ledgers()'), 't|', 'and adopted');

# What one says and the other does not, at twelve month ends
sub differences
{
	my ($ours, $theirs) = @_;
	return value($db, <<"SQL");
SELECT d.day, x.*
FROM (SELECT (m + interval '1 month - 1 day')::date AS day FROM generate_series(timestamp '2025-01-01', '2025-12-01', '1 month') AS m) AS d
CROSS JOIN LATERAL (SELECT u.company, u.customer, u.reference, sum(u.amount) AS amount, sum(u.n) FROM (
	SELECT company, customer, reference, amount, 1 AS n FROM ($ours) AS o
	UNION ALL SELECT company, customer, reference, - amount, -1 FROM ($theirs) AS t) AS u GROUP BY 1, 2, 3 HAVING sum(u.amount) <> 0 OR sum(u.n) <> 0) AS x
ORDER BY 1, 2, 3, 4 LIMIT 20
SQL
}
my $customer = q{replace(split_part(customer::text, '/', 2), '411', '')};
is(differences("SELECT company::text, $customer AS customer, NULL AS reference, sum(open_amount) AS amount FROM dunning.open_items(d.day) GROUP BY 1, 2 HAVING sum(open_amount) <> 0",
	'SELECT company, customer, NULL AS reference, balance AS amount FROM book.balance(d.day)'), '', 'at twelve month ends each customer owes what the books say');
is(differences("SELECT company::text, $customer AS customer, reference, open_amount AS amount FROM dunning.open_items(d.day)",
	'SELECT * FROM book.open_items(d.day)'), '', 'and the open items are theirs');
cmp_ok(value($db, q{SELECT count(*) FROM dunning.open_items('2025-12-31')}), '>', 200, 'of which there are many');
is(value($db, q{SELECT company, problem, count(*) FROM fec.problem GROUP BY 1, 2 ORDER BY 1, 2}), '333333333|oldest first|1', 'what is doubtful is told, and nothing else is');

# A file once more: every item keeps its key, and nothing is there twice.
my $keys = 'SELECT md5(string_agg(i::text, chr(10) ORDER BY i.key)), count(*) FROM (SELECT key, customer, amount, issued_on, letter FROM fec.item) AS i';
my $before = value($db, $keys);
loads('a file is loaded again', $files[1]);
is(value($db, $keys), $before, 'and all items are as they were');
my ($status, $out, $err) = load('-c', '111111111', "$top/test/data/fec/01_tab_utf8.txt");
is($status, 3, 'a file of days that are loaded is refused');
like($err, qr/01_tab_utf8.txt: its days, 2025-01-10 to 2025-04-15, overlap those of 111111111FEC20251231.txt, which is loaded/, 'and says so');
is(value($db, $keys), $before, 'nothing is changed');

# A year that is missing is told: what was carried forward is not what was left.
my $gap = database('dunning_fec_gap');
{
	local $db = $gap;
	loads('the first year and the third', @files[0, 2]);
	like(value($db, q{SELECT string_agg(DISTINCT problem, ',') FROM fec.problem}), qr/carried forward differs/, 'a missing year is told');
}

# Every dialect is read alike.
$db = database('dunning_fec');
my @dialects = sort glob "$top/test/data/fec/*.txt";
cmp_ok(scalar @dialects, '>=', 12, 'there are dialects');
my %siren = map { $dialects[$_] => sprintf '5%08d', $_ + 1 } 0 .. $#dialects;
for my $file (@dialects)
{
	symlink abs_path($file), "$folder/$siren{$file}FEC20251231.txt" or die $!;
}
loads('they are loaded at once', map { "$folder/$siren{$_}FEC20251231.txt" } @dialects);
my $rows = q{SELECT line, journalcode, ecriturenum, ecrituredate, comptenum, comptelib, compauxnum, compauxlib, pieceref, piecedate, ecriturelib, debit, credit, ecriturelet, datelet,
	validdate, montantdevise, idevise FROM fec.entry WHERE company = '%s' ORDER BY line};
my $expected = <<'END';
2|VE|1|2025-01-10|411000|Clients|CAFE|Café de l'Œuvre|F1|2025-01-10|Facture F1 / 2 tables|1437.12|0.00|AA|2025-03-05|2025-01-31||
3|VE|1|2025-01-10|707000|Ventes|||F1|2025-01-10|Facture F1 / 2 tables|0.00|1197.60|||2025-01-31||
4|VE|1|2025-01-10|445710|TVA collectée|||F1|2025-01-10|Facture F1 / 2 tables|0.00|239.52|||2025-01-31||
5|BQ|2|2025-02-28|512000|Banque|||V7|2025-02-27|Virement 1 437,12 €|1437.12|0.00|||2025-03-31||
6|BQ|2|2025-02-28|411000|Clients|CAFE|Café de l'Œuvre|V7|2025-02-27|Virement 1 437,12 €|0.00|1437.12|AA|2025-03-05|2025-03-31||
7|VE|3|2025-04-15|411000|Clients|USA|Müller & Söhne|F2|2025-04-14|Facture F2|920.50|0.00|||2025-04-30|1000.00|USD
8|VE|3|2025-04-15|707000|Ventes|||F2|2025-04-14|Facture F2|0.00|920.50|||2025-04-30||
END
chomp $expected;
for my $file (@dialects)
{
	my ($name) = $file =~ m{/(\d+_\w+)\.txt$};
	my $read = value($db, sprintf $rows, $siren{$file});
	$read =~ s/\|0(?=\|)/|0.00/g;
	$read =~ s/^(\d+)/$1 + 1/gem if $name =~ /no_first_line/;
	my $here = $expected;
	$here =~ s{1 / 2}{1 | 2}g if $name =~ /separator_in_label/;
	$here =~ s/\|1000\.00\|USD/||/ if $name =~ /short/;
	is($read, $here, "$name is read alike");
}
is(value($db, q{SELECT count(DISTINCT balance), min(balance) FROM (SELECT sum(company_amount) AS balance FROM fec.item GROUP BY company) AS b}), '1|920.50', 'and all are worth the same');
is(value($db, q{SELECT currency, amount, company_amount, reference FROM fec.item WHERE company = '500000001' AND customer LIKE '%USA'}), 'USD|1000.00|920.50|F2', 'an invoice in dollars is one');

# Bad lines are named, all at once, and nothing of the files is loaded.
$before = value($db, 'SELECT count(*) FROM fec.entry');
sub bad
{
	my ($name, $wanted, @lines) = @_;
	my $file = "$folder/444444444FEC20251231.txt";
	open my $out, '>', $file or die "$file: $!";
	print $out join("\n", @lines), "\n";
	close $out;
	my ($status, undef, $err) = load('-c', 'x', "$top/test/data/fec/01_tab_utf8.txt", $file);
	is($status, 3, $name);
	like($err, qr/ERROR:  nothing was loaded.*\Q$wanted\E/s, "$name: the line and the column");
	return;
}
my $line = "VE\tVentes\t1\t20250110\t411000\tClients\tD\tDurand\tF1\t20250110\tFacture\t10,00\t0,00\t\t\t20250131\t\t";
bad('an amount', "444444444FEC20251231.txt:3: Debit: \"10,0,0\" is not an amount", $header, $line, $line =~ s/10,00/10,0,0/r);
bad('a thousand with a point', "444444444FEC20251231.txt:2: Debit: \"1.250\" is not an amount", $header, $line =~ s/10,00/1.250/r);
bad('a day', "444444444FEC20251231.txt:2: EcritureDate: \"20250230\" is not a day", $header, $line =~ s/20250110/20250230/r);
bad('a line that ends early', "444444444FEC20251231.txt:3: 4 fields instead of 18", $header, $line, "VE\tVentes\t1\t20250110");
bad('a separator in the wrong place', "444444444FEC20251231.txt:2: PieceDate: \"F1\" is not a day", $header, $line =~ s/Clients/Clients\tdivers/r);
bad('a column', "444444444FEC20251231.txt:1: column CompteNum is missing", $header =~ s/CompteNum/Numero/r, $line);
bad('no FEC at all', "444444444FEC20251231.txt:1: no FEC", 'a,b,c', '1,2,3');
is(value($db, 'SELECT count(*) FROM fec.entry'), $before, 'nothing was loaded');
($status, $out, $err) = load($dialects[0]);
like($err, qr/whose books are they/, 'a file without a SIREN in its name needs one');

# Open items of another file: due dates, payers, means of payment
open my $due, '>:encoding(iso-8859-15)', "$folder/echeancier.csv" or die $!;
print $due "Compte;Pi\x{e8}ce;\x{c9}ch\x{e9}ance;Solde;Payeur;Mode\nUSA;F2;31/07/2025;920,50;CENTRALE;virement\nUSA;F99;31/07/2025;1,00;;\n";
close $due;
loads('open items are loaded', '-c', '500000001', '-o', "$folder/echeancier.csv", '-m', 'customer=Compte,reference=Pièce,due_on=Échéance,amount=Solde,payer=Payeur,means=Mode');
is(value($db, q{SELECT due_on, payer, means FROM fec.item WHERE company = '500000001' AND reference = 'F2'}), '2025-07-31|500000001/CENTRALE|virement', 'an invoice has its due date and payer from there');
is(value($db, q{SELECT problem, detail FROM fec.problem WHERE company = '500000001'}), 'not in the books|F99 of the open items is no invoice of the loaded files', 'one that is not in the books is told');
($status, $out, $err) = load('-c', '500000001', '-o', "$folder/echeancier.csv", '-m', 'reference=Facture,due_on=Echeance');
like($err, qr/echeancier\.csv: column Facture is missing/, 'a column that is not there is named');

# An invoice in parts: the rows add up to it, or to what is open of it, or to neither.
open my $parts, '>', "$folder/555555555FEC20251231.txt" or die $!;
my $entry = sub { my ($n, $day, $piece, $debit, $credit, $letter) = @_; map { join "\t", 'VE', 'Ventes', $n, $day, @$_, '', '20251231', '', '' }
	['411000', 'Clients', 'D', 'Durand', $piece, $day, 'x', $debit, $credit, $letter, ''], [$debit eq '0,00' ? '512000' : '700000', 'y', '', '', $piece, $day, 'x', $credit, $debit, '', ''] };
print $parts join("\n", $header, map { s/\t\t20251231\t\t$/\t20251231\t\t/r } $entry->(1, '20250110', 'A', '300,00', '0,00', ''), $entry->(2, '20250110', 'B', '300,00', '0,00', 'AA'), $entry->(3, '20250301', 'RB', '0,00', '50,00', 'AA'),
	$entry->(4, '20250401', 'RB2', '0,00', '70,00', 'AA'), $entry->(5, '20250110', 'C', '300,00', '0,00', '')), "\n";
close $parts;
loads('an invoice in parts', "$folder/555555555FEC20251231.txt");
open my $schedule, '>', "$folder/parts.csv" or die $!;
print $schedule "piece;due;amount\nA;2025-02-28;100,00\nA;2025-03-31;150,00\nA;2025-04-30;50,00\nB;2025-02-28;80,00\nB;2025-05-31;100,00\nC;2025-02-28;80,00\nC;2025-05-31;100,00\n";
close $schedule;
loads('and its due dates', '-c', '555555555', '-o', "$folder/parts.csv", '-m', 'reference=piece,due_on=due,amount=amount');
is(value($db, <<'SQL'), <<'END' =~ s/\n\z//r, 'a part an item, with its due date and what was paid of it');
SELECT i.reference, i.due_on, i.amount, i.amount - coalesce((SELECT sum(p.amount) FROM fec.payment AS p WHERE p.item = i.key), 0), count(*) OVER (PARTITION BY i.document)
FROM fec.item AS i WHERE i.company = '555555555' AND i.amount > 0 ORDER BY i.reference, i.due_on, i.key
SQL
A|2025-02-28|100.00|100.00|3
A|2025-03-31|150.00|150.00|3
A|2025-04-30|50.00|50.00|3
B|2025-02-28|120.00|0.00|3
B|2025-02-28|80.00|80.00|3
B|2025-05-31|100.00|100.00|3
C|2025-05-31|300.00|300.00|1
END
is(value($db, q{SELECT sum(i.company_amount) - coalesce(sum(p.amount), 0) FROM fec.item AS i LEFT JOIN (SELECT item, sum(company_amount) AS amount FROM fec.payment GROUP BY 1) AS p ON p.item = i.key WHERE i.company = '555555555'}), '780.00', 'nothing is lost');
is(value($db, q{SELECT problem FROM fec.problem WHERE company = '555555555' AND problem LIKE 'several%'}), 'several due dates', 'what does not add up is told');

value('postgres', "DROP DATABASE $_ WITH (FORCE)") for qw(dunning_fec dunning_fec_gap);
done_testing();
