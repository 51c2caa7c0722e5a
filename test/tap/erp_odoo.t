#!/usr/bin/env perl
# A database of Odoo 19 adopted in one call, beside its own general ledger and
# the residuals that it stores.  Payments are posted as Odoo does.  Skipped where
# there is no such database; the environment variable DUNNING_SHARED says where
# it would be.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Test::More;

my $erp = ($ENV{DUNNING_SHARED} // '../shared') . '/data/erp';
plan skip_all => "no database of Odoo: $erp/odoo19.sql.gz is not there" unless -r "$erp/odoo19.sql.gz";

$ENV{PGOPTIONS} = '-c client_min_messages=error -c jit=off -c dunning.today=2026-11-30';
my $db = database('dunning_odoo', 'bare');
system("zcat '$erp/odoo19.sql.gz' | psql -Xq -d $db >/dev/null 2>&1") == 0 or die 'the database cannot be restored';
value($db, 'ANALYZE');
value($db, 'CREATE EXTENSION pg_dunning');
my $schema = sub { return join '', grep { !/^\\(un)?restrict / } `pg_dump -s $db` };
my $before = $schema->();

is(value($db, 'SELECT erp, version, schema, sure FROM dunning.detect_erp()'), 'odoo|19|public|1.0', 'detect() sees Odoo');
my $adopted = value($db, 'SELECT field, source FROM dunning.adopt_erp(watch => true, rule => \'france\')');
like($adopted, qr/^view\|dunning_odoo\.item$/m, 'adopt_erp says which views it makes');
like($adopted, qr/^watch\|public\.account_partial_reconcile\.debit_move_id$/m, 'and which tables it watches');
unlike($adopted, qr/^advice/m, 'Odoo has all indexes that matter');
is(value($db, 'SELECT ledger, ok, problem, hint FROM dunning.check_ledgers()'), 'odoo|t||', 'the ledger is in order');
# two entries by hand have no due date, the other two of theirs are credits
is(value($db, 'SELECT problem, count(*) FROM dunning.ledger_problems() GROUP BY 1'), 'no due date|2', 'what looks wrong in the books is found');

# The general ledger of the receivable accounts, computed from the lines alone
my $receivable = q(l.parent_state = 'posted' AND l.account_id IN (SELECT a.id FROM public.account_account AS a WHERE a.account_type = 'asset_receivable'));
my $ends = q(generate_series(timestamp '2025-12-31', '2026-11-30', '1 month') AS m (m) CROSS JOIN LATERAL (SELECT (date_trunc('month', m.m) + interval '1 month - 1 day')::date AS day) AS d);
my $ledger = value($db, "SELECT d.day, c.name, sum(l.balance) FROM $ends JOIN public.account_move_line AS l ON l.date <= d.day AND $receivable JOIN public.res_company AS c ON c.id = l.company_id GROUP BY 1, 2 ORDER BY 1, 2");
is(value($db, "SELECT d.day, i.company, sum(i.company_open_amount) FROM $ends CROSS JOIN LATERAL dunning.open_items(d.day) AS i GROUP BY 1, 2 ORDER BY 1, 2"),
	$ledger, 'at twelve month ends the open items of each company add up to the balance of its receivable accounts');
is(scalar(my @days = $ledger =~ /\|YourCompany\|/g), 12, 'which is of all twelve');
is(other_figures($db, '2025-12-31', '2026-11-30'), '', 'the figures of these month ends are those of the items');
is(value($db, "SELECT d.day, i.currency, sum(i.open_amount) FROM $ends CROSS JOIN LATERAL dunning.open_items(d.day) AS i GROUP BY 1, 2 ORDER BY 1, 2"),
	value($db, "SELECT d.day, c.name, sum(l.amount_currency) FROM $ends JOIN public.account_move_line AS l ON l.date <= d.day AND $receivable JOIN public.res_currency AS c ON c.id = l.currency_id GROUP BY 1, 2 ORDER BY 1, 2"),
	'and in each currency, since no payment here is in another');

# Today, against the residuals
is(value($db, "SELECT count(*), count(*) FILTER (WHERE amount_residual_currency <> 0) FROM public.account_move_line AS l WHERE $receivable"),
	value($db, 'SELECT count(*), count(*) FILTER (WHERE open_amount <> 0) FROM dunning.ledger_items(\'2026-11-30\')'), 'as many items, and as many open');
is(value($db, <<'SQL'), '', 'each item\'s open amount is Odoo\'s residual, in both currencies');
SELECT i.item, i.open_amount, l.amount_residual_currency, i.company_open_amount, l.amount_residual
FROM dunning.ledger_items('2026-11-30') AS i
JOIN public.account_move_line AS l ON l.id = i.item::text::integer
WHERE (i.open_amount, i.company_open_amount) IS DISTINCT FROM (l.amount_residual_currency, l.amount_residual)
SQL
is(value($db, <<'SQL'), '', 'without tax they add up to its untaxed amount, and nothing else bears tax');
SELECT m.name, m.move_type, abs(m.amount_untaxed), n.net FROM public.account_move AS m
JOIN (SELECT d.document, round(sum(i.net_amount), 6) AS net FROM dunning.ledger_items('2026-11-30') AS i JOIN dunning_odoo.document AS d ON d.key = i.item::text::integer GROUP BY 1) AS n
	ON n.document = m.id
WHERE n.net IS DISTINCT FROM CASE m.move_type WHEN 'out_invoice' THEN m.amount_untaxed WHEN 'out_refund' THEN - m.amount_untaxed END
SQL
is(value($db, "SELECT coalesce(salesperson, ''), currency, sum(total) FROM dunning.aged_balance_report('2026-11-30', grouped_by => 'salesperson') WHERE NOT is_total GROUP BY 1, 2 ORDER BY 1, 2"),
	value($db, "SELECT coalesce(x.name, ''), c.name, sum(l.amount_residual_currency) FROM public.account_move_line AS l JOIN public.res_currency AS c ON c.id = l.currency_id
		LEFT JOIN public.res_partner AS p ON p.id = l.partner_id LEFT JOIN public.res_partner AS o ON o.id = p.commercial_partner_id
		LEFT JOIN public.res_users AS u ON u.id = coalesce(p.user_id, o.user_id) LEFT JOIN public.res_partner AS x ON x.id = u.partner_id
		WHERE $receivable AND l.amount_residual_currency <> 0 GROUP BY 1, 2 ORDER BY 1, 2"), 'by salesperson as Odoo has them');
is(value($db, <<'SQL'), '', 'the items of an invoice are its instalments, and add up to what it shows as due');
SELECT m.name, m.amount_residual, sum(i.open_amount), count(*)
FROM public.account_move AS m
JOIN dunning_odoo.document AS d ON d.document = m.id
JOIN dunning.ledger_items('2026-11-30') AS i ON i.item = d.key
WHERE m.move_type IN ('out_invoice', 'out_refund')
GROUP BY m.id HAVING m.amount_residual <> abs(sum(i.open_amount)) OR m.invoice_date_due <> max(i.due_on)
SQL
is(value($db, 'SELECT array_agg(l.id ORDER BY l.id) FROM dunning.open_item AS o JOIN public.account_move_line AS l ON l.id = o.item::text::integer WHERE o.held'),
	value($db, "SELECT array_agg(l.id ORDER BY l.id) FROM public.account_move_line AS l WHERE $receivable AND l.no_followup AND l.amount_residual_currency <> 0"), 'held is what Odoo is not to follow up');
is(value($db, 'SELECT count(*) FROM dunning.open_item AS o JOIN public.res_partner AS p ON p.id = o.customer::text::integer WHERE (o.customer_name, o.language) IS DISTINCT FROM (p.name::text, p.lang::text)'),
	'0', 'customers have their names and languages');

# The cycle
my $past = q(SELECT md5(string_agg(concat_ws(' ', d, i.item, i.open_amount, i.history), E'\n' ORDER BY d, i.item::text))
	FROM generate_series(timestamp '2025-03-31', '2026-11-28', '2 months') AS d, dunning.ledger_items(d::date) AS i);
my $then = value($db, $past);
my ($item, $amount) = split /\|/, value($db, q(SELECT item, open_amount FROM dunning.worklist WHERE state = 'due' AND currency = 'USD' ORDER BY due_on, item::text LIMIT 1));
value($db, "CALL dunning.run('2026-11-28')");
is(value($db, "SELECT state FROM dunning.reminder WHERE item = '$item'"), 'pending', 'a run raises the reminder of the oldest item');
is(value($db, 'SELECT count(*) FROM dunning.reminder AS r JOIN public.account_move_line AS l ON l.id::text = r.item::text WHERE l.no_followup OR l.balance < 0 OR l.reconciled'), '0',
	'and none of a credit, or of what is held or settled');
# A compensation is owed once an invoice, whatever its instalments.
value($db, q(SELECT dunning.claim_penalties('2026-11-28')));
is(value($db, q(SELECT count(*) FILTER (WHERE n <> 1) FROM (SELECT l.move_id, count(*) AS n FROM dunning.claim AS c JOIN public.account_move_line AS l ON l.id::text = c.item::text
	WHERE c.kind = 'compensation' GROUP BY 1) AS s)), '0', 'a compensation is claimed once an invoice');
cmp_ok(value($db, q(SELECT count(*) FROM (SELECT l.move_id FROM dunning.claim AS c JOIN public.account_move_line AS l ON l.id::text = c.item::text
	WHERE c.kind = 'interest' GROUP BY 1 HAVING count(DISTINCT l.id) > 1) AS s)), '>', 0, 'of which some have several late instalments');
my $pending = value($db, q(SELECT count(*) FROM dunning.reminder WHERE state = 'pending'));

# posts a payment of the item's customer as Odoo does: a posted entry with a line
# on the bank and one on the receivable account, reconciled with the item
sub pay
{
	my ($paid) = @_;
	return value($db, <<"SQL");
CREATE FUNCTION pg_temp.pay() RETURNS integer LANGUAGE plpgsql AS \$\$
DECLARE
	old record;
	move integer;
	line integer;
BEGIN
	-- an entry of a payment that there is, with its two lines, is the pattern
	SELECT l.*, i.id AS item, i.partner_id AS payer, i.account_id AS receivable INTO old FROM public.account_move_line AS l, public.account_move_line AS i
	WHERE i.id = $item AND l.account_id = i.account_id AND l.company_id = i.company_id AND l.currency_id = i.currency_id AND l.balance < 0
		AND (SELECT m.move_type FROM public.account_move AS m WHERE m.id = l.move_id) = 'entry' AND l.reconciled ORDER BY l.id LIMIT 1;
	INSERT INTO public.account_move SELECT (jsonb_populate_record(m, jsonb_build_object('id', nextval('public.account_move_id_seq'), 'name', 'TEST/' || $paid, 'date', '2026-11-29',
			'sequence_number', 90000 + (SELECT count(*) FROM public.account_move), 'origin_payment_id', NULL, 'statement_line_id', NULL, 'partner_id', old.payer, 'commercial_partner_id', old.payer))).*
		FROM public.account_move AS m WHERE m.id = old.move_id RETURNING id INTO move;
	INSERT INTO public.account_move_line SELECT (jsonb_populate_record(l, jsonb_build_object('id', nextval('public.account_move_line_id_seq'), 'move_id', move, 'move_name', 'TEST/' || $paid, 'date', '2026-11-29',
			'date_maturity', '2026-11-29', 'partner_id', old.payer, 'payment_id', NULL, 'statement_line_id', NULL, 'full_reconcile_id', NULL, 'reconciled', false,
			'debit', CASE WHEN l.balance > 0 THEN $paid ELSE 0 END, 'credit', CASE WHEN l.balance < 0 THEN $paid ELSE 0 END, 'balance', sign(l.balance) * $paid, 'amount_currency', sign(l.balance) * $paid,
			'amount_residual', CASE WHEN l.id = old.id THEN - $paid ELSE 0 END, 'amount_residual_currency', CASE WHEN l.id = old.id THEN - $paid ELSE 0 END))).*
		FROM public.account_move_line AS l WHERE l.move_id = old.move_id;
	SELECT l.id INTO line FROM public.account_move_line AS l WHERE l.move_id = move AND l.account_id = old.receivable;
	INSERT INTO public.account_partial_reconcile (debit_move_id, credit_move_id, amount, debit_amount_currency, credit_amount_currency, debit_currency_id, credit_currency_id, company_id, max_date)
		VALUES ($item, line, $paid, $paid, $paid, old.currency_id, old.currency_id, old.company_id, '2026-11-29');
	UPDATE public.account_move_line AS l SET amount_residual = 0, amount_residual_currency = 0, reconciled = true WHERE l.id = line;
	UPDATE public.account_move_line AS l SET amount_residual = l.amount_residual - $paid, amount_residual_currency = l.amount_residual_currency - $paid, reconciled = l.amount_residual = $paid WHERE l.id = $item;
	RETURN line;
END \$\$;
SELECT pg_temp.pay();
SQL
}
pay(100);
is(value($db, "SELECT open_amount FROM dunning.open_item WHERE item = '$item'"), value($db, "SELECT $amount - 100"), 'a part payment lessens the item');
is(value($db, "SELECT state FROM dunning.reminder WHERE item = '$item'"), 'pending', 'and cancels nothing');
my $line = pay($amount - 100);
is(value($db, "SELECT count(*) FROM dunning.open_item WHERE item IN ('$item', '$line')"), '0', 'the rest settles it, and is used up');
is(value($db, "SELECT state, reason FROM dunning.reminder WHERE item = '$item'"), 'cancelled|settled', 'which cancels the reminder at once');
is(value($db, q(SELECT count(*) FROM dunning.reminder WHERE state = 'pending')), $pending - 1, 'and no other');
is(value($db, $past), $then, 'all past days are as they were');
is(value($db, "SELECT sum(company_open_amount) FROM dunning.open_item"), value($db, "SELECT sum(l.balance) FROM public.account_move_line AS l WHERE $receivable"), 'the items still add up to the general ledger');

# Taken back to a draft, an invoice is no item
my ($other, $move) = split /\|/, value($db, q(SELECT r.item, l.move_id FROM dunning.reminder AS r JOIN public.account_move_line AS l ON l.id::text = r.item::text WHERE r.state = 'pending' ORDER BY l.id LIMIT 1));
value($db, "UPDATE public.account_move SET state = 'draft' WHERE id = $move; UPDATE public.account_move_line SET parent_state = 'draft' WHERE move_id = $move");
is(value($db, "SELECT state FROM dunning.reminder WHERE item = '$other'"), 'pending', 'an invoice taken back to a draft is out of sight, which says nothing of its payment');
is(value($db, "SELECT count(*) FROM dunning.unseen_reminders('odoo') WHERE item = '$other'"), '1', 'and is told');

value($db, q(SELECT dunning.release_ledger('odoo')));
ok($schema->() eq $before, 'released without a trace');
is(value($db, q(SELECT count(*) FROM dunning.reminder WHERE state = 'pending')), '0', 'the reminders are cancelled, their history stays');

done_testing();
