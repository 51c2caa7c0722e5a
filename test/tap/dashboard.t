#!/usr/bin/env perl
# The dashboard in a browser: nothing overflows, on a telephone or a wide screen, and
# texts can be told from what is behind them.  Skipped where there is no Chromium.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Dunning;
use File::Temp;
use IPC::Run ();
use Test::More;

my ($browser) = grep { -x } map { my $dir = $_; map { "$dir/$_" } qw(chromium chromium-browser google-chrome) } split /:/, $ENV{PATH};
plan skip_all => 'no Chromium' unless $browser;

my $folder = File::Temp->newdir;
my $db = database('dunning_dashboard');
value($db, <<'SQL');
CREATE TABLE public.client (id integer PRIMARY KEY, nom text);
INSERT INTO public.client SELECT n, (ARRAY['Société générale de chaudronnerie et de mécanique industrielle du Sud-Ouest', 'Durand', 'Donaudampfschifffahrtsgesellschaftskapitän AG'])[1 + n % 3] || ' ' || n FROM generate_series(1, 30) AS n;
CREATE TABLE public.facture (id text PRIMARY KEY, client integer, issued_on date, due_on date, amount numeric(14, 2), devise text);
INSERT INTO public.facture SELECT 'FA-2026-' || lpad(n::text, 9, '0'), 1 + n % 30, date '2025-04-01' + (n * 7) % 440, date '2025-05-01' + (n * 7) % 440, (n * 997) % 100000 * 1234.56, CASE WHEN n % 7 = 0 THEN 'USD' ELSE 'EUR' END FROM generate_series(1, 600) AS n;
INSERT INTO public.facture VALUES ('X1', 3, '2026-01-01', NULL, 500, 'EUR');
CREATE TABLE public.reglement (facture text, paid_on date, amount numeric(14, 2));
INSERT INTO public.reglement SELECT id, issued_on + 20 + n::integer % 60, amount FROM (SELECT f.*, row_number() OVER (ORDER BY id) AS n FROM public.facture AS f) AS s WHERE n % 3 > 0;
SELECT dunning.adopt('public.facture', columns => '{"key": "id", "reference": "id", "customer": "client", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount", "currency": "devise",
	"payments": {"table": "reglement", "item": "facture", "date": "paid_on"}, "customers": {"table": "client"}}');
SELECT dunning.hold_item('facture', item, 'dispute', from_day => '2026-05-15', person_in_charge => 'Marie-Antoinette de Rochebouët', note => 'Marchandise endommagée') FROM (SELECT item FROM dunning.open_items('2026-06-01') ORDER BY item LIMIT 4) AS s;
SELECT dunning.promise_to_pay('facture', o.customer, o.open_amount, '2026-06-20', ARRAY[o.item], promised_on => '2026-06-08') FROM (SELECT * FROM dunning.open_items('2026-06-01') WHERE open_amount > 0 AND due_on < '2026-06-01' ORDER BY item OFFSET 9 LIMIT 4) AS o;
SQL

# What a browser says of a page in a frame of some width
sub measured
{
	my ($html, $width) = @_;
	my $page = "$folder/page.html";
	(my $quoted = $html) =~ s/&/&amp;/g;
	$quoted =~ s/"/&quot;/g;
	open my $out, '>:raw', $page or die "$page: $!";
	print $out qq{<!DOCTYPE html><meta charset="utf-8"><iframe id="f" style="border:0;width:${width}px;height:900px" srcdoc="$quoted"></iframe><pre id="r"></pre>
<script>document.getElementById('f').onload = function () {
	var d = this.contentDocument, w = d.documentElement.clientWidth;
	var wide = [...d.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > w + 1 && !e.closest('thead')).map(e => e.tagName + ' ' + e.textContent.slice(0, 30));
	var cut = [...d.querySelectorAll('dd, td.n, th.n')].filter(e => e.scrollWidth > e.clientWidth + 1 && !e.closest('thead')).map(e => e.tagName + ' ' + e.textContent.slice(0, 30));
	document.getElementById('r').textContent = 'RESULT ' + (d.documentElement.scrollWidth - w) + ' ' + wide.concat(cut).slice(0, 5).join(' | ') + ' END';
};</script>};
	close $out;
	my ($dom, $err) = ('', '');
	IPC::Run::run([$browser, qw(--headless --no-sandbox --disable-gpu --window-size=1600,1000 --virtual-time-budget=5000), "--user-data-dir=$folder/profile", '--dump-dom', "file://$page"], '<', \undef, '>', \$dom, '2>', \$err,
		IPC::Run::timeout(60));
	return $dom =~ /RESULT (.*?) END/s ? $1 : "no answer: $err";
}

for my $language (qw(fr en))
{
	my $html = value($db, "SELECT dunning.dashboard('2026-06-30', language => '$language')");
	like($html, qr/EUR.*USD/s, "$language: a page of two currencies");
	is(measured($html, $_), '0 ', "$language: nothing overflows at $_ pixels") for 360, 720, 1400;
	is(join(' ', grep { $_ > 1 } map { substr $_, 1 } $html =~ /<(h[1-6])/g) =~ /^2( [23])*$/ ? 1 : 0, 1, "$language: headings in their order");
}

# contrast by WCAG 2, of texts on what is behind them, light and dark
sub luminance
{
	my @c = map { my $v = hex($_) / 255; $v <= 0.03928 ? $v / 12.92 : (($v + 0.055) / 1.055)**2.4 } $_[0] =~ /#(..)(..)(..)/;
	return 0.2126 * $c[0] + 0.7152 * $c[1] + 0.0722 * $c[2];
}
my $html = value($db, 'SELECT dunning.dashboard()');
my @schemes = $html =~ /:root \{([^}]*)\}/g;
is(scalar @schemes, 2, 'a light and a dark scheme');
for my $n (0, 1)
{
	my %colour = $schemes[$n] =~ /--(\w+): (#\w{6})/g;
	for my $pair (['text', 'back'], ['quiet', 'back'], ['text', 'card'], ['quiet', 'card'])
	{
		my ($a, $b) = sort { $b <=> $a } map { luminance($colour{$_}) } @$pair;
		cmp_ok(($a + 0.05) / ($b + 0.05), '>=', 4.5, ($n ? 'dark' : 'light') . ": @$pair");
	}
}
value('postgres', "DROP DATABASE $db WITH (FORCE)");
done_testing();
