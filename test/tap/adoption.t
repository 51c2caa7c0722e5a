#!/usr/bin/env perl
# Adoptions and releases beside each other, beside readers and beside the ERP's work.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use Test::More;

my $db = database('dunning_adoption');
value($db, <<'SQL');
CREATE TABLE public.facture (id integer PRIMARY KEY, client_id integer, date_echeance date, montant numeric, solde numeric);
CREATE TABLE public.paiement (id integer PRIMARY KEY, facture_id integer REFERENCES public.facture, date_paiement date, montant numeric);
CREATE INDEX ON public.paiement (facture_id);
CREATE TABLE public.autre (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric);
INSERT INTO public.facture SELECT k, k % 7, date '2026-03-01', 100, 70 FROM generate_series(1, 20) AS k;
INSERT INTO public.autre SELECT k, k % 7, date '2026-03-01', 10 FROM generate_series(1, 20) AS k;
INSERT INTO public.paiement VALUES (1, 1, '2026-03-02', 50);
SQL
my $by_balance = q(dunning.adopt('public.facture', columns => '{"open_amount": "solde"}', replace => true));
my $by_payments = q(dunning.adopt('public.facture', columns => '{"payments": {"table": "public.paiement", "amount": "montant"}}', watch => true, replace => true));
my $total = q(SELECT coalesce(sum(open_amount), 0) FROM dunning.open_item WHERE ledger = 'facture');
my $all = 'SELECT coalesce(sum(open_amount), 0) FROM dunning.open_item';

my $one = session($db);
my $two = session($db);
my $three = session($db);
my ($out, $err);

sub waits
{
	my ($who, $why) = @_;
	return ok(poll(20, sub { value($db, "SELECT count(*) FROM pg_stat_activity WHERE pid = $who->{pid} AND (wait_event_type = 'Lock' OR wait_event = 'PgSleep')") }), $why);
}

# Two at once, of two tables and of one
$one->ask('BEGIN');
$one->ask("SELECT count(*) FROM $by_balance");
$two->say("SELECT count(*) > 0 FROM dunning.adopt('public.autre')");
waits($two, 'an adoption waits for another one');
$one->ask('COMMIT');
is(join('', $two->answer), 't', 'and then adopts');
is(value($db, q(SELECT string_agg(concat_ws(' ', ledger, total), ', ') FROM (SELECT ledger, sum(open_amount) AS total FROM dunning.open_item GROUP BY ledger ORDER BY ledger) AS s)),
	'autre 200, facture 1400', 'both ledgers are read');
$one->ask('BEGIN');
is($one->ask(q(SELECT dunning.release_ledger('autre'))), 0, 'released');
$two->say(q(SELECT dunning.adopt('public.autre', ledger => 'second')));
waits($two, 'an adoption of the same table waits for a release');
$one->ask('ROLLBACK');
($out, $err) = $two->answer;
like($err, qr/ERROR:  42710: public\.autre is adopted already/, 'and is refused once that is rolled back');
$one->ask('BEGIN');
$one->ask("SELECT count(*) FROM $by_balance");
$two->say(q(SELECT dunning.release_ledger('facture', keep => true)));
waits($two, 'a release waits for an adoption');
$three->say('SELECT dunning.rebuild_ledgers()');
waits($three, 'and so does who builds anew');
$one->ask('COMMIT');
is(join('', $two->answer), 0, 'it releases');
is(join('', $three->answer), '', 'it builds');
is(value($db, $all), 200, 'nothing is read of the ledger');
is(value($db, "SELECT count(*) > 0 FROM $by_balance"), 't', 'which is adopted again');
$two->ask("SET lock_timeout = '50ms'");
$one->ask('BEGIN');
$one->ask("SELECT count(*) FROM $by_balance");
($out, $err) = $two->ask(q(SELECT dunning.release_ledger('facture')));
like($err, qr/ERROR:  55P03: canceling statement due to lock timeout/, 'who does not want to wait need not');
$one->ask('ROLLBACK');
$two->ask('RESET lock_timeout');

# A snapshot of before an adoption does not undo it
$two->ask('BEGIN ISOLATION LEVEL REPEATABLE READ');
$two->ask('SELECT count(*) FROM dunning.ledger');
is(value($db, q(SELECT dunning.release_ledger('autre'))), 0, 'a ledger is released');
($out, $err) = $two->ask("SELECT count(*) FROM $by_balance");
like($err, qr/ERROR:  40001: could not serialize access/, 'who does not see that cannot adopt');
$two->ask('ROLLBACK');
is(value($db, q(SELECT count(*) > 0 FROM dunning.adopt('public.autre'))), 't', 'adopted again');

# Access is granted beside an adoption
value('postgres', 'DROP ROLE IF EXISTS dunning_collector');
value('postgres', 'CREATE ROLE dunning_collector');
$one->ask('BEGIN');
$one->ask("SELECT count(*) FROM $by_balance");
like(join('', $two->ask(q(SELECT count(*) FROM dunning.grant_access('dunning_collector', 'collector')))), qr/^\d+$/, 'access is granted beside an adoption');
$one->ask('COMMIT');
$one->ask('BEGIN');
$one->ask(q(SELECT dunning.revoke_access('dunning_collector', 'collector')));
is(join('', $two->ask("SELECT count(*) > 0 FROM $by_balance")), 't', 'an adoption beside access that is revoked');
$one->ask('COMMIT');
value($db, 'DROP OWNED BY dunning_collector; DROP ROLE dunning_collector');

# Who waits for an adoption reads what it made: by whatever function, prepared or not
value($db, $_) for "SELECT FROM $by_balance";
is(value($db, $total), 1400, 'by the balances');
$three->ask("PREPARE total AS $total; SET plan_cache_mode = force_generic_plan; EXECUTE total");
for my $step ([$by_payments, 1950], [$by_balance, 1400])
{
	for my $reader ($total, 'EXECUTE total', q(SELECT sum(open_amount) FROM dunning.ledger_items('2026-04-01') WHERE ledger = 'facture'),
		q(SELECT sum(open_amount) FROM _dunning.read_items('facture', '2026-04-01')), q(SELECT sum(amount) FROM _dunning.whole_items('2026-04-01') WHERE ledger = 'facture'),
		q(SELECT total FROM dunning.aged_balance_report('2026-04-01', ledger => 'facture', grouped_by => 'ledger') LIMIT 1))
	{
		my ($adoption, $wanted) = @$step;
		value($db, $_) for 'SELECT FROM ' . ($adoption eq $by_payments ? $by_balance : $by_payments);
		my $session = $reader =~ /EXECUTE/ ? $three : $two;
		my $value = $reader =~ /sum\(amount\)/ ? 2000 : $wanted;
		$one->ask('BEGIN');
		$one->ask("SELECT count(*) FROM $adoption");
		$session->say($reader);
		waits($session, "$reader waits");
		$one->ask('COMMIT');
		is(join('', $session->answer), $value, 'and reads what was made');
	}
}
# or gets a clear error if there is nothing any more
$one->ask('BEGIN');
$one->ask(q(SELECT dunning.release_ledger('facture', keep => true)));
$two->say($all);
waits($two, 'a reader waits for a release');
is(join('', $three->ask(q(SELECT sum(open_amount) FROM _dunning.read_items('autre', '2026-04-01')))), 200, 'but not who reads another ledger');
$one->ask('COMMIT');
($out, $err) = $two->answer;
like($err, qr/ERROR:  42P01: relation "_dunning\.gate_\d+" does not exist/, 'and is told that the ledger is gone');
is($two->ask($all), 200, 'the next query answers');
value($db, $_) for "SELECT FROM $by_payments";

# An adoption that waits for a reader holds up nobody else for long
$one->ask('BEGIN');
is($one->ask($total), 1950, 'somebody reads, and stays in the transaction');
$two->say("SELECT count(*) > 0 FROM $by_balance");
waits($two, 'an adoption waits for him');
$three->ask("SET lock_timeout = '2s'");
is(join('', $three->ask($total)), 1950, 'others can read meanwhile') for 1 .. 3;
is(join('', $three->ask('INSERT INTO public.paiement VALUES (2, 2, now(), 1); DELETE FROM public.paiement WHERE id = 2; SELECT 1')), 1, 'and write');
$three->ask('RESET lock_timeout');
$one->ask('COMMIT');
is(join('', $two->answer), 't', 'then it is done');
is(value($db, $total), 1400, 'as it should');
$one->ask('BEGIN');
$one->ask($total);
($out, $err) = $two->ask("SET lock_timeout = '1s'; SELECT count(*) FROM $by_payments");
like($err, qr/ERROR:  55P03: ledger "facture" is in use.*HINT:  End the transactions that are open for long/s, 'whoever does not want to wait for long is told why it failed');
$one->ask('COMMIT');
$two->ask('RESET lock_timeout');
value($db, $_) for "SELECT FROM $by_payments";

# The ERP's writers are never the victim of a deadlock: whatever they have locked
# and lock next, and whether they have read the ledger
value($db, "SET dunning.today = '2026-04-01'; CALL dunning.run('2026-04-01')");
my @work = (['INSERT INTO public.paiement VALUES (10, 3, now(), 1)', 'UPDATE public.facture SET montant = 101 WHERE id = 3'],
	['UPDATE public.facture SET montant = 101 WHERE id = 4', 'INSERT INTO public.paiement VALUES (11, 4, now(), 1)'],
	[$total, 'UPDATE public.facture SET montant = 102 WHERE id = 4', 'INSERT INTO public.paiement VALUES (12, 4, now(), 1)', 'INSERT INTO public.paiement VALUES (13, 4, now(), 1)']);
for my $change ("SELECT count(*) > 0 FROM $by_payments", "SELECT count(*) > 0 FROM $by_balance", q(SELECT dunning.release_ledger('facture', keep => true) >= 0))
{
	for my $work (@work)
	{
		value($db, $_) for "SELECT FROM $by_payments";
		my $failed = '';
		my @rest = @$work;
		$one->ask('BEGIN');
		$failed .= ($one->ask(shift @rest))[1];
		$two->say($change);
		waits($two, "$change waits for $work->[0]");
		for my $statement (@rest)
		{
			select(undef, undef, undef, 0.3);
			$failed .= ($one->ask($statement))[1];
		}
		$failed .= ($one->ask('ROLLBACK'))[1];
		is($failed, '', 'which goes on');
		is(join('', $two->answer), 't', 'and it is done');
	}
}
value($db, $_) for "SELECT FROM $by_payments";

# The ledger of an ERP that is adopted anew is read before anybody has to wait
value($db, <<'SQL');
CREATE SCHEMA book;
CREATE TABLE book.bill (id integer PRIMARY KEY, customer integer, due date, total numeric);
CREATE TABLE book.payment (id integer PRIMARY KEY, bill integer, day date, amount numeric);
CREATE INDEX ON book.payment (bill);
INSERT INTO book.bill SELECT k, 1, '2026-03-01', 100 FROM generate_series(1, 3) AS k;
CREATE FUNCTION book.slowly() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF current_setting('application_name') = 'slow' THEN
		PERFORM pg_advisory_xact_lock_shared(4712);
	END IF;
	RETURN true;
END $$;
INSERT INTO dunning.erp (name, title, description) VALUES ('book', 'Book', 'each bill');
CREATE FUNCTION _dunning.erp_book_detect(schema name) RETURNS TABLE (version text, sure numeric, evidence text) LANGUAGE sql STABLE AS $$
	SELECT '1', 0.9, 'has bill' WHERE _dunning.erp_has(schema, 'bill', 'id', 'total') $$;
CREATE FUNCTION _dunning.erp_book_views(schema name, version text) RETURNS TABLE (view name, query text, description text) LANGUAGE sql STABLE AS $$
	VALUES ('item'::name, format('SELECT b.id AS key, b.customer, b.due AS due_on, b.total AS amount FROM %I.bill AS b WHERE %I.slowly()', schema, schema), 'bills'),
		('payment', format('SELECT p.bill AS item, p.day AS date, p.amount FROM %I.payment AS p', schema), 'payments') $$;
CREATE FUNCTION _dunning.erp_book_watch(schema name, version text) RETURNS TABLE (relation text, column_name text, why text) LANGUAGE sql IMMUTABLE AS $$
	VALUES ('payment', 'bill', 'payments') $$;
SQL
is(value($db, q(SELECT count(*) > 0 FROM dunning.adopt_erp('book', watch => true))), 't', 'an ERP');
value($db, q(CREATE VIEW public.mine AS SELECT key FROM dunning_book.item));
value($db, "SET dunning.today = '2026-04-01'; CALL dunning.run('2026-04-01', 'book')");
my $book = q(SELECT sum(open_amount) FROM dunning.open_item WHERE ledger = 'book');
$one->ask('SELECT pg_advisory_lock(4712)');
$two->ask("SET application_name = 'slow'");
$two->say(q(SELECT string_agg(source, ' ' ORDER BY source) FROM dunning.adopt_erp('book', replace => true) WHERE field IN ('open items', 'watch', 'view')));
waits($two, 'it is adopted anew, and read');
$three->ask("SET lock_timeout = '1s'");
is(join('', $three->ask($book)), 300, 'others can read it');
$three->ask('BEGIN');
is(($three->ask('INSERT INTO book.payment VALUES (1, 1, now(), 100)'))[1], '', 'and write');
is(join('', $three->ask(q(SELECT state FROM dunning.reminder WHERE ledger = 'book' AND item = '1'))), 'cancelled', 'as they could before');
$one->ask('SELECT pg_advisory_unlock(4712)');
select(undef, undef, undef, 1);
is(($three->ask('INSERT INTO book.payment VALUES (2, 2, now(), 100)'))[1], '', 'also when it is put in place');
$three->ask('COMMIT');
is(join('', $two->answer), '3 book.payment.bill dunning_book.item dunning_book.payment', 'which is done when they are ready');
$_->ask('RESET lock_timeout; RESET application_name') for $two, $three;
is(join('', $two->ask($book)), 100, 'and is right');
is(value($db, q(SELECT count(*) FROM public.mine) . q( UNION ALL SELECT count(*) FROM pg_namespace WHERE nspname = '_dunning_try')), "3\n0", 'what was built on its views stays, and nothing else');
value($db, q(DROP VIEW public.mine; SELECT dunning.release_ledger('book')));

# A table that is dropped meanwhile
$one->ask('BEGIN');
$one->ask(q(SELECT dunning.release_ledger('facture', keep => true)));
$two->say('DROP TABLE public.facture, public.paiement CASCADE');
waits($two, 'a table is dropped beside a release');
$one->ask('COMMIT');
unlike(join('', $two->answer), qr/ERROR/, 'it is');
$one->ask('BEGIN');
$one->ask('DROP TABLE public.autre CASCADE');
$two->say(q(SELECT dunning.adopt('public.autre', replace => true)));
waits($two, 'an adoption of a table that is being dropped');
$one->ask('COMMIT');
($out, $err) = $two->answer;
like($err, qr/ERROR:  42P01: /, 'says that it is not there');
unlike($err, qr/ERROR:  XX000|\b\d{5,}\b does not/, 'in so many words');
value($db, 'CREATE TABLE public.autre (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric)');
for my $watch ('false', 'true')
{
	for my $end ('ROLLBACK', 'COMMIT')
	{
		value($db, q(CREATE TABLE IF NOT EXISTS public.autre (id integer PRIMARY KEY, client_id integer, date_echeance date, solde numeric)));
		is(value($db, "SELECT count(*) > 0 FROM dunning.adopt('public.autre', watch => $watch, replace => true)"), 't', "watch => $watch: a ledger");
		$one->ask('BEGIN');
		$one->ask('DROP TABLE public.autre CASCADE');
		$two->say(q(SELECT dunning.release_ledger('autre')));
		waits($two, 'a release waits for a table that is being dropped');
		$one->ask($end);
		like(join('', $two->answer), qr/^\d+$/, "$end: and releases");
	}
}
is(value($db, 'SELECT count(*) FROM dunning.ledger WHERE state = \'adopted\''), 0, 'all is gone');
is(value($db, q(SELECT count(*) FROM pg_class WHERE relnamespace = '_dunning'::regnamespace AND relname ~ '_\d+$')
	. q( UNION ALL SELECT count(*) FROM pg_proc WHERE pronamespace = '_dunning'::regnamespace AND proname ~ '^ledger_(items|whole)_\d+$')), "0\n0", 'and nothing is left behind');

$_->quit for $one, $two, $three;
value('postgres', "DROP DATABASE $db WITH (FORCE)");
done_testing();
