#!/usr/bin/env perl
# A database of LedgerSMB 1.6 adopted in one call, beside its own aging report
# and its own ledger.  Payments are posted by its own function.  Skipped where
# there is no such database; the environment variable DUNNING_SHARED says where
# it would be.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Test::More;

my $erp = ($ENV{DUNNING_SHARED} // '../shared') . '/data/erp';
plan skip_all => "no database of LedgerSMB: $erp/ledgersmb16.sql.gz is not there" unless -r "$erp/ledgersmb16.sql.gz";

$ENV{PGOPTIONS} = '-c client_min_messages=error -c jit=off -c dunning.today=2026-11-20';
my $db = database('dunning_ledgersmb', 'bare');
system("zcat '$erp/ledgersmb16.sql.gz' | psql -Xq -d $db >/dev/null 2>&1") == 0 or die 'the database cannot be restored';
value($db, 'ANALYZE');
value($db, 'CREATE EXTENSION pg_dunning');
my $schema = sub { return join '', grep { !/^\\(un)?restrict / } `pg_dump -s $db` };
my $before = $schema->();

is(value($db, 'SELECT erp, version, schema, sure FROM dunning.detect_erp()'), 'ledgersmb|1.6|public|1.0', 'detect() sees LedgerSMB');
my $adopted = value($db, 'SELECT field, source FROM dunning.adopt_erp(watch => true)');
like($adopted, qr/^view\|dunning_ledgersmb\.item$/m, 'adopt_erp says which views it makes');
like($adopted, qr/^watch\|public\.acc_trans\.trans_id$/m, 'and which tables it watches');
like($adopted, qr/^advice\|CREATE INDEX ON public\.payment \(gl_id\)$/m, 'and which indexes are missing');
is(value($db, 'SELECT ledger, ok, problem, hint FROM dunning.check_ledgers()'), 'ledgersmb|t||', 'the ledger is in order');
is(value($db, 'SELECT problem, count(*) FROM dunning.ledger_problems() GROUP BY 1'), 'finer than the currency|1', 'so are the books, which keep more decimals than their currency has');

# The aging report at its day, after the last event
value($db, <<"SQL");
CREATE TABLE dunning_ledgersmb.report (as_of date, use_due boolean, entity_id integer, account_number text, name text, invnumber text, transdate date, duedate date,
	curr text, c0 numeric, c30 numeric, c60 numeric, c90 numeric, age integer, id integer);
\\copy dunning_ledgersmb.report FROM '$erp/ledgersmb_aging_detail.csv' (FORMAT csv, HEADER)
SQL
is(value($db, 'SELECT count(*), trim_scale(sum(open_amount)) FROM dunning.open_items(\'2026-11-15\')'),
	value($db, 'SELECT count(*), trim_scale(sum(c0 + c30 + c60 + c90)) FROM dunning_ledgersmb.report'), 'as many open documents as LedgerSMB reports, and as much');
is(value($db, <<'SQL'), '', 'the open amount, number, dates and customer of every document are those of the report');
SELECT coalesce(o.item::text, r.id::text), o.reference, r.invnumber, o.open_amount, r.c0 + r.c30 + r.c60 + r.c90
FROM dunning.open_items('2026-11-15') AS o
FULL JOIN dunning_ledgersmb.report AS r ON r.id::text = o.item::text
WHERE (o.open_amount, o.reference, o.issued_on, o.due_on, o.customer_name) IS DISTINCT FROM (r.c0 + r.c30 + r.c60 + r.c90, r.invnumber, r.transdate, r.duedate, r.name)
SQL
# the report puts a document by age/30 from the due date, whole months that begin at day 30
is(value($db, <<'SQL'), '', 'so is its bucket, by a scheme that states the report\'s convention');
SELECT o.item, r.age
FROM dunning.open_items('2026-11-15') AS o
JOIN dunning_ledgersmb.report AS r ON r.id::text = o.item::text
WHERE o.open_amount IS DISTINCT FROM (ARRAY[r.c0, r.c30, r.c60, r.c90])[1 + dunning.aging_bucket(o.due_on, '2026-11-15', '..29, 30..59, 60..89, 90..')]
SQL
is(value($db, q(SELECT count(*) FILTER (WHERE held), count(DISTINCT currency), min(currency), bool_and(company_open_amount = open_amount) FROM dunning.open_items('2026-11-15'))),
	value($db, q(SELECT (SELECT count(*) FROM public.ar JOIN dunning_ledgersmb.report AS r USING (id) WHERE on_hold), 1, 'USD', true)), 'held is what is on hold; amounts are in the currency of the books');

# Every past day against the ledger: by documents, and in all.  A document of
# which only fractions of a cent are left is settled, as in the report.
is(value($db, <<'SQL'), '', 'at each month end since the first document all documents are what the receivable accounts hold for them');
SELECT d.day::date, i.item, i.open_amount, l.held
FROM generate_series(timestamp '2025-03-31', '2026-11-30', '1 month') AS d (day)
CROSS JOIN LATERAL dunning.ledger_items((date_trunc('month', d.day) + interval '1 month - 1 day')::date) AS i
CROSS JOIN LATERAL (
	SELECT - sum(ac.amount) AS held, sum(round(ac.amount, 2)) AS rounded
	FROM public.acc_trans AS ac
	JOIN public.account_link AS k ON k.account_id = ac.chart_id AND k.description = 'AR'
	WHERE ac.trans_id = i.item::text::integer AND ac.approved AND ac.transdate <= (date_trunc('month', d.day) + interval '1 month - 1 day')::date) AS l
WHERE i.open_amount IS DISTINCT FROM CASE WHEN l.rounded = 0 THEN 0 ELSE l.held END
SQL
is(other_figures($db, '2025-03-31', '2026-11-30'), '', 'the figures of these month ends are those of the items');
is(value($db, q(SELECT count(*) FROM dunning.ledger_items('2026-11-30'))), value($db, q(SELECT count(*) FROM public.ar WHERE approved AND force_closed IS NOT TRUE)), 'none is missing');
is(value($db, <<'SQL'), '', 'the amount without tax of each document is what its accounts of income hold');
SELECT i.item, i.net_amount, sum(ac.amount) FROM dunning.ledger_items('2026-11-30') AS i
JOIN public.acc_trans AS ac ON ac.trans_id = i.item::text::integer JOIN public.account_link AS k ON k.account_id = ac.chart_id AND k.description = 'AR_amount'
GROUP BY 1, 2 HAVING round(sum(ac.amount), 2) <> round(i.net_amount, 2)
SQL
is(value($db, q(SELECT round(sum(open_amount), 1) FROM dunning.ledger_items('2026-06-30'))),
	value($db, q(SELECT round(- sum(ac.amount), 1) FROM public.acc_trans AS ac JOIN public.ar AS a ON a.id = ac.trans_id WHERE ac.chart_id = 3 AND ac.transdate <= '2026-06-30' AND a.force_closed IS NOT TRUE)),
	'nor any amount');

# The cycle, with LedgerSMB's own posting
my $past = q(SELECT md5(string_agg(concat_ws(' ', d, i.item, i.open_amount, i.history), E'\n' ORDER BY d, i.item::text))
	FROM generate_series(timestamp '2025-03-31', '2026-10-31', '2 months') AS d, dunning.ledger_items(d::date) AS i);
my $then = value($db, $past);
my ($item, $customer, $amount) = split /\|/, value($db, q(SELECT item, customer, open_amount FROM dunning.worklist WHERE state = 'due' ORDER BY due_on, item::text LIMIT 1));
value($db, 'CALL dunning.run(dunning.today())');
is(value($db, "SELECT state FROM dunning.reminder WHERE item = '$item'"), 'pending', 'a run raises the reminder of the oldest item');
is(value($db, 'SELECT count(*) FROM dunning.reminder AS r JOIN public.ar AS a ON a.id::text = r.item::text WHERE a.on_hold OR a.amount < 0'), '0', 'and none of a credit note or of what is on hold');
my $pending = value($db, q(SELECT count(*) FROM dunning.reminder WHERE state = 'pending'));

# posts a payment of a customer: amount, account that it comes from, overpayment that it uses, amount of an overpayment made with it
sub post
{
	my ($paid, $from, $uses, $over) = @_;
	my ($cash, $what) = $over ? ("'{1}'", "array[$over]") : ("'{}'", "'{}'");
	my $text = $over ? "'{over}'" : "'{}'";
	return value($db, sprintf(q(SELECT public.payment_post('2026-11-18', 2, %s, 'USD', 'note', 'text', '{%s}', array[%s]::numeric[], '{t}', '{wire}', '{memo}', '{%s}',
		%s, %s, %s, %s, %s, %s, true)), $customer, $from, $paid, $item, $what, $cash, $text, $text, $over ? "'{10}'" : "'{}'", $uses ? "'{$uses}'" : "'{NULL}'"));
}
value($db, q(INSERT INTO public.account_link VALUES (10, 'AR_overpayment')));
my $payment = post('100', 1, undef, '250.50');
is(value($db, "SELECT open_amount FROM dunning.open_item WHERE item = '$item'"), value($db, "SELECT $amount - 100.00"), 'a part payment lessens the item');
is(value($db, "SELECT state FROM dunning.reminder WHERE item = '$item'"), 'pending', 'and cancels nothing');
my $over = value($db, "SELECT gl_id FROM public.payment WHERE id = $payment");
is(value($db, "SELECT customer, amount, open_amount, reference FROM dunning.open_item WHERE item = '$over'"),
	value($db, "SELECT $customer, -250.50, - available, payment_reference FROM public.overpayments WHERE payment_id = $payment"), 'what was paid too much is a negative item of LedgerSMB\'s own amount');
post('70.25', 10, $payment);
is(value($db, "SELECT amount, open_amount FROM dunning.open_item WHERE item = '$over'"),
	value($db, "SELECT -250.50, - available FROM public.overpayments WHERE payment_id = $payment"), 'its use lessens it');
is(value($db, "SELECT open_amount FROM dunning.open_items('2026-11-17') WHERE item = '$item'"), $amount, 'the day before knows of neither');
post($amount - 170.25, 1);
is(value($db, "SELECT state, reason FROM dunning.reminder WHERE item = '$item'"), 'cancelled|settled', 'the rest cancels the reminder at once');
is(value($db, q(SELECT count(*) FROM dunning.reminder WHERE state = 'pending')), $pending - 1, 'and no other');
is(value($db, $past), $then, 'all past days are as they were');

value($db, 'DROP TABLE dunning_ledgersmb.report');
value($db, q(DELETE FROM public.account_link WHERE description = 'AR_overpayment'));
value($db, q(SELECT dunning.release_ledger('ledgersmb')));
ok($schema->() eq $before, 'released without a trace');
is(value($db, q(SELECT count(*) FROM dunning.reminder WHERE state = 'pending')), '0', 'the reminders are cancelled, their history stays');

done_testing();
