#!/usr/bin/env perl
# A database of Tryton adopted in one call, beside what Tryton itself says of it:
# its aged balance and its dunning runs.  Skipped where there is no such database;
# the environment variable DUNNING_SHARED says where it would be.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Test::More;

my $erp = ($ENV{DUNNING_SHARED} // '../shared') . '/data/erp';
plan skip_all => "no database of Tryton: $erp/tryton60.sql.gz is not there" unless -r "$erp/tryton60.sql.gz";

$ENV{PGOPTIONS} = '-c client_min_messages=warning';
my $db = database('dunning_tryton', 'bare');
system("zcat '$erp/tryton60.sql.gz' | psql -Xq -d $db >/dev/null 2>&1") == 0 or die 'the database cannot be restored';
value($db, 'ANALYZE');
value($db, 'CREATE EXTENSION pg_dunning');

# everything that is not the extension's, as the catalogs have it
my $trace = <<'SQL';
SELECT md5(string_agg(t.line, E'\n' ORDER BY t.line)) FROM (
	SELECT 'schema ' || n.nspname || coalesce(n.nspacl::text, '') AS line FROM pg_namespace AS n WHERE n.nspname !~ '^pg_(toast_)?temp'
	UNION ALL SELECT concat_ws(' ', 'relation', c.oid::regclass, c.relkind) FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace
	UNION ALL SELECT concat_ws(' ', 'column', a.attrelid::regclass, a.attname, a.atttypid) FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped
	UNION ALL SELECT concat_ws(' ', 'trigger', t.tgrelid::regclass, t.tgname) FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
	UNION ALL SELECT concat_ws(' ', 'function', p.oid::regprocedure) FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace
) AS t
SQL
my $before = value($db, $trace);

is(value($db, 'SELECT erp, schema, sure FROM dunning.detect_erp()'), 'tryton|public|1.0', 'detect() sees Tryton');
is(value($db, $trace), $before, 'and changes nothing');

# Tryton's two dunning procedures, under their own names: each party has the one
# that Tryton gives it.  A party without one has the ledger's, which is for later.
value($db, <<'SQL');
INSERT INTO dunning.procedure (name, procedure) VALUES
	('Standard 7/21/45', '7 letter; 21 letter "with a fee"; 45 letter "last"; wait 1'),
	('Strict 1/10/20/30', '1 letter; 10 letter; 20 letter; 30 letter; wait 1'),
	('none in Tryton', '10000 letter');
SQL
my $adopted = value($db, q{SELECT field, source FROM dunning.adopt_erp('tryton', watch => true, rule => NULL, procedure => 'none in Tryton')});
like($adopted, qr/^view\|dunning_tryton\.item$/m, 'adopt_erp says which views it makes');
is(join(' ', $adopted =~ /^(watch\|.*)$/mg), 'watch|public.account_move_line.id', 'and which table it watches');
unlike($adopted, qr/^advice/m, 'Tryton has all indexes that matter');
is(value($db, 'SELECT ledger, ok, problem, hint FROM dunning.check_ledgers()'), 'tryton|t||', 'the ledger is in order');

# 1. The aged balance, by Tryton's own convention: whole lines until their
# reconciliation, from the day of the maturity on; what is not due is in no term.
value($db, <<"SQL");
CREATE SCHEMA answer;
CREATE TABLE answer.balance (as_of date, party text, term0 numeric, term1 numeric, term2 numeric, term3 numeric, balance numeric);
\\copy answer.balance FROM '$erp/tryton_aged_balance.csv' (FORMAT csv, HEADER)
CREATE TABLE answer.run (run_date date, phase text, dunning_id integer, line_id integer, invoice_number text, party text, maturity_date date,
	procedure text, level_sequence integer, level_overdue_days integer, state text, blocked boolean, dunning_amount numeric);
\\copy answer.run FROM '$erp/tryton_dunning_runs.csv' (FORMAT csv, HEADER)
SQL
is(value($db, <<'SQL'), '', 'the aged balance of every party at the three dates is Tryton\'s');
WITH ours AS (
	SELECT d.as_of, p.name AS party,
		dunning.aged_balance(l.company_amount, l.due_on, d.as_of, '..-1 "not due", 0..29, 30..59, 60..89, 90..') AS aged
	FROM (SELECT DISTINCT as_of FROM answer.balance) AS d
	JOIN dunning_tryton.line AS l ON l.date <= d.as_of AND (l.reconciled_on > d.as_of) IS NOT FALSE
	JOIN party_party AS p ON p.id = l.customer
	GROUP BY 1, 2)
SELECT * FROM (
	SELECT as_of, party, dunning.amount(aged, 1) AS term0, dunning.amount(aged, 2) AS term1, dunning.amount(aged, 3) AS term2, dunning.amount(aged, 4) AS term3,
		dunning.total(aged) AS balance
	FROM ours) AS o
FULL JOIN answer.balance AS b USING (as_of, party, term0, term1, term2, term3, balance)
WHERE o IS NULL OR b IS NULL
SQL
is(value($db, 'SELECT count(*) FROM answer.balance'), 61, 'which are 61 lines');

is(other_figures($db, '2025-12-31', '2026-11-30'), '', 'the figures of twelve month ends are those of the items');
# The items are the same money: residuals instead of whole lines.
is(value($db, <<'SQL'), '', 'and the open items of each party add up to its balance, in the company\'s currency');
SELECT b.as_of, b.party, b.balance, o.balance
FROM answer.balance AS b
LEFT JOIN (SELECT d.as_of, o.customer_name AS party, sum(o.company_open_amount) AS balance
	FROM (SELECT DISTINCT as_of FROM answer.balance) AS d CROSS JOIN LATERAL dunning.open_items(d.as_of) AS o GROUP BY 1, 2) AS o USING (as_of, party)
WHERE o.balance IS DISTINCT FROM b.balance
SQL
is(value($db, <<'SQL'), '', 'on the last day of every month the items add up to the receivable accounts, in the company\'s currency');
SELECT d.day::date, i.balance, g.balance
FROM generate_series(timestamp '2025-01-31', '2027-01-31', '1 month') AS e (day)
CROSS JOIN LATERAL (SELECT (date_trunc('month', e.day) + interval '1 month - 1 day')::date AS day) AS d
CROSS JOIN LATERAL (SELECT coalesce(sum(i.company_amount - coalesce((SELECT sum(p.company_amount) FROM dunning_tryton.payment AS p WHERE p.item = i.key AND p.date <= d.day), 0)), 0) AS balance
	FROM dunning_tryton.item AS i WHERE i.issued_on <= d.day) AS i
CROSS JOIN LATERAL (SELECT coalesce(sum(l.debit - l.credit), 0) AS balance
	FROM account_move_line AS l JOIN account_move AS m ON m.id = l.move JOIN account_account AS a ON a.id = l.account JOIN account_account_type AS t ON t.id = a.type
	WHERE t.receivable AND m.date <= d.day AND m.state = 'posted' AND l.party IS NOT NULL) AS g
WHERE i.balance <> g.balance
SQL
is(value($db, <<'SQL'), '', 'the amounts without tax of each invoice add up to its lines of revenue');
SELECT m.number, n.net, sum(l.credit - l.debit)
FROM (SELECT i.document, round(sum(i.net_amount), 6) AS net, bool_and(i.currency = i.company_currency) AS own FROM dunning.ledger_items('2027-12-31') AS i
	WHERE i.net_amount IS NOT NULL GROUP BY 1) AS n
JOIN public.account_move AS m ON m.id = n.document::text::integer
JOIN public.account_move_line AS l ON l.move = m.id JOIN public.account_account AS a ON a.id = l.account JOIN public.account_account_type AS t ON t.id = a.type AND t.revenue
WHERE n.own GROUP BY 1, 2 HAVING n.net <> sum(l.credit - l.debit)
SQL
is(value($db, <<'SQL'), '', 'no reconciled line is open, and no line of an unpaid invoice has more than its amount');
SELECT o.item, o.open_amount FROM dunning.ledger_items('9999-12-31') AS o
JOIN account_move_line AS l ON l.id = o.item::text::integer
WHERE CASE WHEN l.reconciliation IS NOT NULL THEN o.open_amount <> 0 ELSE abs(o.open_amount) > abs(o.amount) OR o.open_amount * o.amount < 0 END
SQL

# 2. The dunning runs.  Where the levels differ, Tryton's own tables say why: it
# reminds of the whole line even if a part payment covers it; its block is a flag
# without a date, set after the line was first reminded, and here a blocked line is
# held on every day.
for my $day ('2025-06-30', '2025-09-30', '2025-12-31')
{
	value($db, "CALL dunning.run('$day', 'tryton')");
	value($db, "SELECT dunning.mark_reminder_sent(reminder, '$day') FROM dunning.reminder WHERE state = 'pending'");
}
is(value($db, <<'SQL'), <<'DIFFERENCES' =~ s/\n$//r, 'the levels of the dunning runs are Tryton\'s, but for 8 lines');
SELECT concat_ws(' ', d.day, 'line', l.id, 'here', coalesce(r.level::text, 'none,'), 'Tryton', coalesce(t.level_sequence::text, 'none'),
	CASE WHEN l.maturity_date IS NULL AND m.origin LIKE 'account.dunning.fee.dunning_level,%' THEN 'a fee without maturity'
		WHEN l.maturity_date IS NOT NULL AND EXISTS (SELECT FROM account_dunning AS b WHERE b.line = l.id AND b.blocked) THEN 'blocked later'
		WHEN (SELECT sum(c.credit) FROM account_invoice AS i
				JOIN "account_invoice-account_move_line" AS k ON k.invoice = i.id
				JOIN account_move_line AS c ON c.id = k.line JOIN account_move AS p ON p.id = c.move
				WHERE i.move = l.move AND i.account = l.account AND p.date <= d.day)
			>= (SELECT sum(o.debit) FROM account_move_line AS o WHERE o.move = l.move AND o.account = l.account AND o.maturity_date <= l.maturity_date)
			THEN 'covered by a part payment' END)
FROM dunning.reminder AS r
FULL JOIN (SELECT * FROM answer.run WHERE phase = 'created' AND state = 'draft' AND NOT blocked) AS t
	ON t.run_date = r.raised_on AND t.line_id::text = r.item::text
CROSS JOIN LATERAL (SELECT coalesce(r.raised_on, t.run_date) AS day) AS d
JOIN account_move_line AS l ON l.id = coalesce(r.item::text, t.line_id::text)::integer
JOIN account_move AS m ON m.id = l.move
WHERE r.level IS DISTINCT FROM t.level_sequence
ORDER BY d.day, l.id
SQL
2025-06-30 line 12 here none, Tryton 1 blocked later
2025-06-30 line 87 here none, Tryton 1 blocked later
2025-09-30 line 148 here none, Tryton 1 blocked later
2025-09-30 line 249 here none, Tryton 1 blocked later
2025-12-31 line 377 here none, Tryton 1 blocked later
2025-12-31 line 432 here none, Tryton 1 blocked later
2025-12-31 line 452 here none, Tryton 1 covered by a part payment
2025-12-31 line 493 here none, Tryton 1 blocked later
DIFFERENCES
is(value($db, <<'SQL'), '156|156', 'the other 156 of its 164 levels are the same, line by line');
SELECT count(*), count(*) FILTER (WHERE r.days_past_due = t.run_date - t.maturity_date AND r.customer_name = t.party AND r.reference = t.invoice_number AND (r.open_amount <= t.dunning_amount OR l.second_currency IS NOT NULL))
FROM dunning.reminder AS r
JOIN answer.run AS t ON t.phase = 'created' AND t.state = 'draft' AND NOT t.blocked AND t.run_date = r.raised_on AND t.line_id::text = r.item::text AND t.level_sequence = r.level
JOIN account_move_line AS l ON l.id = t.line_id
SQL
is(value($db, q{SELECT bool_and(held), count(DISTINCT state), min(state) FROM dunning.worklist WHERE item IN ('12', '148')}), 't|1|held', 'the work list shows a blocked line as held');

# What Tryton itself never duns, its own fees for reminders among it, is open and in
# no reminder and no claim.
is(value($db, <<'SQL'), '', 'what has no maturity date is on the balance only');
SET dunning.today = '2026-11-15';
SELECT o.item, o.dunnable, w.state, w.problem, w.compensation FROM dunning.open_item AS o JOIN account_move_line AS l ON l.id::text = o.item::text LEFT JOIN dunning.worklist AS w USING (ledger, item)
WHERE l.debit > l.credit AND l.maturity_date IS NULL IS DISTINCT FROM (o.dunnable IS FALSE AND w.state IS NULL AND w.problem IS NULL AND w.compensation = 0 AND w.late_interest = 0)
SQL
like(value($db, q{SELECT count(*) FROM dunning.open_items('2026-11-15') WHERE dunnable IS FALSE}), qr/^[1-9][0-9]+$/, 'which there is');
is(value($db, q{SELECT count(*) FROM dunning.reminder AS r JOIN account_move_line AS l ON l.id::text = r.item::text WHERE l.maturity_date IS NULL}), 0, 'none of it was reminded');

# 3. The full cycle: a payment posted into Tryton's tables, as Tryton does it, by
# a clerk who has no right on anything of the extension.
my $past = q{SELECT md5(string_agg(concat_ws('|', d.day, o.item, o.open_amount, o.company_open_amount, o.due_on, o.history), E'\n' ORDER BY d.day, o.item))
	FROM (VALUES (date '2025-12-31'), ('2026-06-30'), ('2026-11-15')) AS d (day) CROSS JOIN LATERAL dunning.open_items(d.day) AS o};
my $figures = value($db, $past);
$ENV{PGOPTIONS} .= ' -c dunning.today=2026-11-21';
value($db, "CALL dunning.run(dunning.today(), 'tryton')");
my ($line, $invoice, $open) = split /\|/, value($db, <<'SQL');
SELECT r.item, i.id, r.open_amount
FROM dunning.reminder AS r
JOIN account_move_line AS l ON l.id = r.item::text::integer
JOIN account_invoice AS i ON i.move = l.move AND i.account = l.account
WHERE r.state = 'pending' AND r.raised_on = '2026-11-21' AND l.second_currency IS NULL AND r.open_amount = l.debit
	AND NOT EXISTS (SELECT FROM account_move_line AS x WHERE x.move = l.move AND x.account = l.account AND x.id <> l.id)
ORDER BY r.item::text::integer LIMIT 1
SQL
like(value($db, "SELECT state FROM dunning.reminder WHERE item = '$line' AND raised_on = '2026-11-21'"), qr/^pending$/, "invoice $invoice has a reminder to be sent");
value($db, <<"SQL");
DROP ROLE IF EXISTS dunning_tryton_clerk;
CREATE ROLE dunning_tryton_clerk;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO dunning_tryton_clerk;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO dunning_tryton_clerk;
SET ROLE dunning_tryton_clerk;
BEGIN;
INSERT INTO account_move (company, date, journal, number, origin, period, post_date, post_number, state)
	SELECT m.company, '2026-11-21', m.journal, 'payment', 'account.invoice,$invoice', m.period, '2026-11-21', 'payment', 'posted'
	FROM account_move AS m JOIN account_invoice AS i ON i.move = m.id WHERE i.id = $invoice;
INSERT INTO account_move_line (account, move, party, debit, credit, state)
	SELECT i.account, currval('account_move_id_seq'), i.party, 0, $open, 'valid' FROM account_invoice AS i WHERE i.id = $invoice;
INSERT INTO "account_invoice-account_move_line" (invoice, line) VALUES ($invoice, currval('account_move_line_id_seq'));
INSERT INTO account_move_reconciliation (company, date, name) SELECT i.company, '2026-11-21', 'R' FROM account_invoice AS i WHERE i.id = $invoice;
UPDATE account_move_line SET reconciliation = currval('account_move_reconciliation_id_seq') WHERE id IN ($line, currval('account_move_line_id_seq'));
UPDATE account_invoice SET state = 'paid' WHERE id = $invoice;
COMMIT;
SQL
is(value($db, "SELECT state, reason FROM dunning.reminder WHERE item = '$line' AND raised_on = '2026-11-21'"), 'cancelled|settled', 'the payment cancels it in its own transaction');
is(value($db, "SELECT count(*) FROM dunning.open_item WHERE item = '$line'"), 0, 'the item is no longer open');
is(value($db, "SELECT count(*) FROM dunning.worklist WHERE item = '$line'"), 0, 'nor on the work list');
is(value($db, "SELECT open_amount FROM dunning.open_items('2026-11-20') WHERE item = '$line'"), $open, 'the day before, all of it was');
is(value($db, $past), $figures, 'and reports of the past stay as they were');

# The same by a part payment, noted for the invoice and not reconciled: of more
# than the first open instalment, and less than all.
my ($first, $second, $partly, $owed) = split /\|/, value($db, <<'SQL');
SELECT r.item, n.id, i.id, r.open_amount
FROM dunning.reminder AS r
JOIN account_move_line AS l ON l.id = r.item::text::integer
JOIN account_invoice AS i ON i.move = l.move AND i.account = l.account
CROSS JOIN LATERAL (
	SELECT x.id, x.debit FROM account_move_line AS x
	WHERE x.move = l.move AND x.account = l.account AND x.reconciliation IS NULL AND x.maturity_date > l.maturity_date
	ORDER BY x.maturity_date LIMIT 1) AS n
WHERE r.state = 'pending' AND r.raised_on = '2026-11-21' AND l.second_currency IS NULL AND r.open_amount = l.debit AND n.debit > 1
	AND NOT EXISTS (SELECT FROM account_move_line AS x WHERE x.move = l.move AND x.account = l.account AND x.maturity_date < l.maturity_date AND x.reconciliation IS NULL)
	AND NOT EXISTS (SELECT FROM "account_invoice-account_move_line" AS k WHERE k.invoice = i.id)
ORDER BY r.item::text::integer LIMIT 1
SQL
my $later = value($db, "SELECT open_amount FROM dunning.open_item WHERE item = '$second'");
value($db, <<"SQL");
SET ROLE dunning_tryton_clerk;
BEGIN;
INSERT INTO account_move (company, date, journal, number, origin, period, post_date, post_number, state)
	SELECT m.company, '2026-11-21', m.journal, 'part', 'account.invoice,$partly', m.period, '2026-11-21', 'part', 'posted'
	FROM account_move AS m JOIN account_invoice AS i ON i.move = m.id WHERE i.id = $partly;
INSERT INTO account_move_line (account, move, party, debit, credit, state)
	SELECT i.account, currval('account_move_id_seq'), i.party, 0, $owed + 1, 'valid' FROM account_invoice AS i WHERE i.id = $partly;
INSERT INTO "account_invoice-account_move_line" (invoice, line) VALUES ($partly, currval('account_move_line_id_seq'));
COMMIT;
SQL
is(value($db, "SELECT count(*) FROM dunning.open_item WHERE item = '$first'"), 0, "a part payment of invoice $partly settles its first instalment");
is(value($db, "SELECT $later - open_amount FROM dunning.open_item WHERE item = '$second'"), '1.00', 'and what it leaves goes to the second');
is(value($db, "SELECT count(*) FROM dunning.worklist WHERE item = '$first'"), 0, 'the work list no longer has the first');
is(value($db, "SELECT state, reason FROM dunning.reminder WHERE item = '$first' AND raised_on = '2026-11-21'"), 'pending|', 'its reminder waits');
value($db, "CALL dunning.run(dunning.today(), 'tryton')");
is(value($db, "SELECT state, reason FROM dunning.reminder WHERE item = '$first' AND raised_on = '2026-11-21'"), 'cancelled|no longer open', 'for the next run to cancel it');
is(value($db, "SELECT open_amount FROM dunning.open_items('2026-11-20') WHERE item = '$first'"), $owed, 'the day before, all of it was open');
is(value($db, $past), $figures, 'and reports of the past stay as they were');

# Claims: what is due to invoices, once each, and nothing for what is never dunned.
value($db, q{SELECT dunning.adopt_erp('tryton', rule => 'france', replace => true)});
value($db, q(SELECT dunning.claim_penalties('2026-11-21')));
is(value($db, <<'SQL'), '', 'a compensation is owed once an invoice that was late');
WITH late AS (
	SELECT DISTINCT l.move FROM account_move_line AS l JOIN account_move AS m ON m.id = l.move AND m.state = 'posted' JOIN account_account AS a ON a.id = l.account
	JOIN account_account_type AS t ON t.id = a.type AND t.receivable
	WHERE l.debit > l.credit AND l.party IS NOT NULL AND l.maturity_date < '2026-11-21' AND (
		SELECT i.amount - coalesce((SELECT sum(p.amount) FROM dunning_tryton.payment AS p WHERE p.item = i.key AND p.date <= l.maturity_date), 0) > 0 FROM dunning_tryton.item AS i WHERE i.key = l.id)),
claimed AS (
	SELECT l.move, count(*) AS n FROM dunning.claim AS c JOIN account_move_line AS l ON l.id::text = c.item::text WHERE c.kind = 'compensation' GROUP BY l.move)
SELECT * FROM late FULL JOIN claimed USING (move) WHERE late IS NULL OR claimed IS NULL OR claimed.n <> 1
SQL
cmp_ok(value($db, q{SELECT count(*) FROM dunning.claim WHERE kind = 'compensation'}), '>', 50, 'of which there are many');
is(value($db, 'SELECT count(*) FROM dunning.claim AS c JOIN account_move_line AS l ON l.id::text = c.item::text WHERE l.maturity_date IS NULL'), 0, 'none is claimed of what has no maturity date');
value($db, q{SELECT dunning.adopt_erp('tryton', rule => NULL, replace => true)});

# 4. An upgrade that takes a column away: the views fail, and are made anew.
my $reminders = value($db, 'SELECT count(*), md5(string_agg(concat_ws(chr(124), reminder, item, level, state), chr(10) ORDER BY reminder)) FROM dunning.reminder');
value($db, 'ALTER TABLE account_move_line DROP COLUMN payment_blocked CASCADE');
my ($status, $out, $message) = psql($db, 'SELECT count(*) FROM dunning.open_item');
isnt($status, 0, 'after an upgrade of the ERP took a column away, the open items are an error');
$out = value($db, 'SELECT ok, problem, hint FROM dunning.check_ledgers()');
like($out, qr/^f\|.*column "payment_blocked" of public\.account_move_line is gone/, 'check_ledgers says what changed');
my ($again) = $out =~ /(SELECT \* FROM dunning\.adopt_erp\(.*\))\.$/;
ok(defined $again, 'and how to adopt again');
like(value($db, $again), qr/^reminders\|/m, 'which works');
is(value($db, 'SELECT ledger, ok, problem FROM dunning.check_ledgers()'), 'tryton|t|', 'then all is in order');
is(value($db, $past), $figures, 'with the same figures');
is(value($db, 'SELECT count(*), md5(string_agg(concat_ws(chr(124), reminder, item, level, state), chr(10) ORDER BY reminder)) FROM dunning.reminder'), $reminders, 'and the same history');
is(value($db, q{SELECT procedure, rule IS NULL FROM dunning.ledger}), 'none in Tryton|t', 'and the settings that it had');
is(value($db, q{SELECT count(*) FROM pg_trigger WHERE tgfoid = '_dunning.watch()'::regprocedure}), 1, 'and its trigger');

# 5. Release leaves nothing behind.
value($db, q{SELECT dunning.release_ledger('tryton')});
value($db, 'DROP SCHEMA answer CASCADE; ALTER TABLE account_move_line ADD COLUMN payment_blocked boolean');
value($db, 'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM dunning_tryton_clerk; REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM dunning_tryton_clerk; DROP ROLE dunning_tryton_clerk');
is(value($db, $trace), $before, 'release leaves no trace in the ERP\'s schema, nor a schema of its own');
is(value($db, 'SELECT count(*) FROM dunning.ledger'), 0, 'and no record of what it made');
value('postgres', "DROP DATABASE $db");
done_testing();
