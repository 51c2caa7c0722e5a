#!/usr/bin/env perl
# The SQL of the guides runs, and a result that a guide shows is what it gives.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use IPC::Run ();
use Test::More;

my $top = "$FindBin::Bin/../..";
my $db;

# psql as a reader of the guide has it: messages and all
sub shown
{
	my ($sql) = @_;
	my $out = '';
	IPC::Run::run(['psql', '-Xq', '-P', 'footer=off', '-d', $db], '<', \$sql, '>', \$out, '2>&1');
	$out =~ s/^\h+$//mg;
	$out =~ s/\h+$//mg;
	$out =~ s/\n+\z//;
	return $out;
}

# Runs each block of SQL.  A block without a language behind it is the answer.
sub guide
{
	my ($page, $before, @other) = @_;
	$db = database('dunning_guides');
	value($db, $before);
	open my $in, '<', "$top/$page" or die "$page: $!";
	my $text = do { local $/; <$in> };
	close $in;
	my $n = 0;
	while ($text =~ /^```sql\n(.*?)^```\n(?:```\n(.*?)^```\n)?/gms)
	{
		my ($sql, $answer, $line) = ($1, $2, 1 + (substr($text, 0, $-[0]) =~ tr/\n//));
		my ($first) = $sql =~ /^(.*)$/m;
		$sql =~ s/\Q$other[$_]\E/$other[$_ + 1]/g for grep { $_ % 2 == 0 } 0 .. $#other;
		my $out = shown($sql);
		$n++;
		if (defined $answer && $answer !~ /^ *\.\.\.$/m)
		{
			$answer =~ s/\n+\z//;
			is($out, $answer, "$page:$line: $first");
		}
		else
		{
			unlike($out, qr/^ERROR/m, "$page:$line: $first") or diag $sql;
		}
	}
	cmp_ok($n, '>', 0, "$page has SQL");
	value('postgres', "DROP DATABASE $db");
}

guide('docs/penalties.md', <<'SQL');
CREATE TABLE invoice (number text PRIMARY KEY, customer_id integer, issued_on date, due_on date, amount numeric);
CREATE TABLE payment (invoice text REFERENCES invoice, paid_on date, amount numeric);
INSERT INTO invoice VALUES ('F-101', 1, '2026-05-01', '2026-05-31', 4800.00), ('F-102', 2, '2026-05-20', '2026-06-19', 950.00);
INSERT INTO payment VALUES ('F-101', '2026-06-15', 3000.00), ('F-101', '2026-07-07', 1800.00);
SQL

guide('docs/reports.md', <<'SQL');
CREATE TABLE client (id integer PRIMARY KEY, nom text, commercial text);
INSERT INTO client SELECT n, 'Client ' || n, (ARRAY['Anne', 'Bruno'])[1 + n % 2] FROM generate_series(4700, 4720) AS n;
CREATE TABLE facture (id integer PRIMARY KEY, client integer REFERENCES client, societe text, region text, date_facture date, date_echeance date, montant_ttc numeric, montant_ht numeric, devise text,
	devise_societe text, montant_societe numeric);
INSERT INTO facture SELECT n, 4700 + n % 21, (ARRAY['Nord', 'Sud'])[1 + n % 2], 'R' || n % 3, date '2024-06-01' + n, date '2024-07-01' + n, n * 12, n * 10, CASE WHEN n % 9 = 0 THEN 'USD' ELSE 'EUR' END, 'EUR', n * 11
	FROM generate_series(1, 700) AS n;
CREATE TABLE reglement (facture integer REFERENCES facture, date_reglement date, montant numeric, montant_societe numeric);
INSERT INTO reglement SELECT id, date_echeance + id % 40, montant_ttc, montant_societe FROM facture WHERE id % 5 > 0;
SELECT dunning.adopt('facture', columns => '{"company": "societe", "company_currency": "devise_societe", "company_amount": "montant_societe",
	"payments": {"table": "reglement", "company_amount": "montant_societe"}, "customers": {"table": "client", "salesperson": "commercial"}}');
SQL
value('postgres', 'DROP ROLE metabase');

guide('docs/aging.md', <<'SQL');
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer, region text, issued_on date, due_date date, amount numeric, open_amount numeric);
INSERT INTO invoice SELECT k, k % 7, 'r' || k % 3, date '2025-06-01' + k, date '2025-07-01' + k, k, k FROM generate_series(1, 400) AS k;
CREATE TABLE posting (amount numeric, posted_on date, due_on date);
SELECT dunning.adopt('invoice');
SQL

guide('docs/fr/avis.md', <<'SQL');
CREATE TABLE client (id integer PRIMARY KEY, nom text, email text);
CREATE TABLE facture (numero text PRIMARY KEY, client_id integer REFERENCES client, date_facture date, date_echeance date, montant_ttc numeric(12, 2));
CREATE TABLE piece_jointe (facture_id text, nom text, pdf bytea);
INSERT INTO client VALUES (1, 'Durand SARL', 'compta@durand.example'), (2, 'Garage Martin', NULL);
INSERT INTO facture SELECT 'F-' || k, k % 2 + 1, CURRENT_DATE - 60, CURRENT_DATE - 7 - k, 100 * k FROM generate_series(1, 4) AS k;
SELECT dunning.adopt('facture', columns => '{"open_amount": "montant_ttc", "customers": "client"}');
SQL

guide('docs/terms.md', 'CREATE TABLE my_holidays (day date)');

guide('docs/notices.md', <<'SQL');
CREATE TABLE invoice (number text PRIMARY KEY, customer_id integer, name text, email text, issued_on date, due_on date, amount numeric, currency text);
CREATE TABLE invoice_file (invoice_id text, name text, pdf bytea);
INSERT INTO invoice SELECT 'F-10' || k, k % 2 + 1, 'Customer ' || (k % 2 + 1), 'x@y.example', date '2026-05-01' + k, date '2026-05-31' + k, 100 * k, 'EUR' FROM generate_series(1, 6) AS k;
SELECT dunning.adopt('invoice', columns => '{"key": "number", "reference": "number", "customer": "customer_id", "customer_name": "name", "email": "email", "issued_on": "issued_on", "due_on": "due_on",
	"open_amount": "amount", "amount": "amount", "currency": "currency"}');
SQL

value('postgres', qq(DROP ROLE IF EXISTS $_; CREATE ROLE $_)) for qw(dunning_viewer dunning_collector dunning_runner dunning_admin anna paul collector);

my $facture = <<'SQL';
CREATE TABLE client (id integer PRIMARY KEY, nom text, email text);
CREATE TABLE facture (id integer PRIMARY KEY, client_id integer REFERENCES client, date_facture date, date_echeance date, montant_ttc numeric);
CREATE TABLE reglement (facture_id integer REFERENCES facture, date_reglement date, montant numeric);
CREATE INDEX ON facture (client_id);
CREATE INDEX ON reglement (facture_id);
INSERT INTO client SELECT k, 'Client ' || k, k || '@example.com' FROM generate_series(1, 7) AS k;
INSERT INTO facture SELECT k, 1 + k % 7, '2026-01-01', date '2026-02-01' + k, 1000 FROM generate_series(1, 60) AS k;
INSERT INTO reglement SELECT k, '2026-03-01', 400 FROM generate_series(1, 60, 3) AS k;
SQL
my $adopted = $facture . <<'SQL';
SELECT dunning.adopt('facture', columns => '{"payments": "reglement", "customers": "client"}');
SELECT dunning.run_reminders();
SQL

my $portfolio = $facture . <<'SQL';
ALTER TABLE client ADD classe_client text, ADD commercial text, ADD siren text;
UPDATE client SET classe_client = CASE id % 3 WHEN 0 THEN 'A' WHEN 1 THEN 'B' END, commercial = CASE WHEN id % 2 = 1 THEN 'sophie' END, siren = '73282932' || id % 10;
INSERT INTO dunning.procedure (name, procedure) VALUES ('gentle', '10 phone; 30 email; 45 letter');
SELECT dunning.adopt('facture', columns => '{"payments": "reglement", "customers": "client"}');
SQL
guide('README.md', <<'SQL',
CREATE TABLE invoice (id integer PRIMARY KEY, number text, customer_id integer, due_date date, amount numeric, balance_due numeric, status text);
INSERT INTO invoice SELECT k, 'F-' || k, k % 3, date '2026-02-01' + k, 100, 100, NULL FROM generate_series(1, 6) AS k;
CREATE TABLE client (id integer PRIMARY KEY, nom text, email text, telephone text);
CREATE TABLE facture (id integer PRIMARY KEY, client_id integer REFERENCES client, date_facture date, echeance_le date, montant_ttc numeric);
CREATE TABLE reglement (facture_id integer REFERENCES facture, date_reglement date, montant numeric);
INSERT INTO client SELECT k, 'Client ' || k, k || '@example.com', '0' || k FROM generate_series(1, 7) AS k;
INSERT INTO facture SELECT k, 1 + k % 7, '2026-01-01', date '2026-02-01' + k, 1000 FROM generate_series(1, 60) AS k;
SQL
# fec.t, the tests of the ERPs and cron.t do these
	"dunning.adopt_erp(rule => 'FR')" => 'dunning.erp', 'dunning.schedule_run()' => 'dunning.ledger');

guide('docs/customers.md', $portfolio);

guide('docs/fr/relances.md', <<'SQL');
CREATE TABLE client (id integer PRIMARY KEY, nom text, email text, classe_client text, commercial text);
CREATE TABLE facture (numero text PRIMARY KEY, client_id integer REFERENCES client, nature text, date_facture date, date_echeance date, montant_ttc numeric(12, 2), devise text, reference text);
CREATE TABLE reglement (facture text, date_reglement date, montant numeric(12, 2), code_rejet text);
CREATE INDEX ON facture (client_id);
CREATE INDEX ON reglement (facture);
INSERT INTO client VALUES (1, 'Dupont SARL', 'compta@dupont.example', 'A', NULL), (2, 'Garage Martin', 'martin@example.com', 'B', NULL), (3, 'Leroy SA', 'leroy@example.com', 'A', 'sophie');
INSERT INTO facture VALUES ('F-1', 1, 'invoice', '2026-01-15', '2026-03-10', 1200, 'EUR', 'F-1'), ('F-2', 2, 'invoice', '2026-01-20', '2026-03-08', 800, 'EUR', 'F-2'), ('F-3', 1, 'invoice', '2026-01-02', '2026-02-16', 450, 'EUR', 'F-3'),
	('F-4', 3, 'invoice', '2026-01-20', '2026-03-09', 400, 'EUR', 'F-4'), ('F-5', 3, 'invoice', '2026-01-10', '2026-03-02', 1000, 'EUR', 'F-5'), ('V-1', 1, 'receipt', '2026-03-12', NULL, -350, 'EUR', 'VIR-881');
INSERT INTO reglement VALUES ('F-2', '2026-03-10', 800, NULL), ('F-2', '2026-03-13', -800, 'AC04'), ('F-999', '2026-03-13', 90, NULL);
INSERT INTO dunning.procedure (name, procedure) VALUES ('maison', '5 phone "Appel"; 12 email "Relance"; 25 letter "Mise en demeure" manual; wait 3');
SELECT dunning.adopt('facture', procedure => 'maison', columns => '{"kind": "nature", "payments": {"table": "reglement", "reject_code": "code_rejet"}, "customers": "client"}');
SELECT dunning.run_reminders('2026-02-21');
SELECT dunning.mark_reminder_sent(reminder, '2026-02-23') FROM dunning.reminder;
SELECT dunning.run_reminders('2026-02-28');
SELECT dunning.mark_reminder_sent(reminder, '2026-02-28') FROM dunning.reminder WHERE state = 'pending';
SQL

guide('docs/by_customer.md', $adopted);
guide('docs/process.md', $adopted);
guide('docs/contacts.md', $adopted);
guide('docs/operations.md', $adopted . <<'SQL',
CREATE VIEW factures AS SELECT id, client_id, date_facture, date_echeance, montant_ttc FROM facture;
SELECT dunning.adopt('factures', columns => '{"payments": "reglement", "customers": "client"}');
SQL
# owner.t does this one
	"CREATE EXTENSION pg_dunning;\nSELECT dunning.set_owner('shop');" => 'SELECT');

my $erp = database('dunning_guides_erp', 1);
value($erp, $facture);
guide('docs/scale.md', <<'SQL', "host 'db.example.com', dbname 'erp'" => "host '$ENV{PGHOST}', port '$ENV{PGPORT}', dbname '$erp'", "'dunning_reader'" => "'$ENV{PGUSER}'");
CREATE SCHEMA shard_1;
CREATE SCHEMA shard_2;
CREATE TABLE shard_1.aged (currency text, aged dunning.aged_balance);
CREATE TABLE shard_2.aged (LIKE shard_1.aged);
SQL
value('postgres', "DROP DATABASE $erp");

guide('docs/adding-an-erp.md', 'SELECT');

done_testing();
