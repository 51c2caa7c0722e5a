-- The figures of a day as one page of HTML.

CREATE FUNCTION _dunning.dashboard_words(language text) RETURNS jsonb
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN (SELECT jsonb_object_agg(w.word, CASE WHEN language = 'fr' THEN w.fr ELSE w.en END) FROM (VALUES
		('title', 'Receivables', 'Créances clients'), ('on', 'on', 'au'), ('all_ledgers', 'all ledgers', 'tous les grands livres'), ('open', 'Open', 'Encours'), ('overdue', 'Overdue', 'Échu'),
		('beyond_90', 'Overdue by more than 90 days', 'Échu depuis plus de 90 jours'), ('of_open', 'of what is open', 'de l''encours'), ('dso', 'DSO', 'DSO'), ('days', 'days', 'jours'), ('three_months', 'sales of three months', 'ventes de trois mois'),
		('count_back', 'Count-back DSO', 'DSO par épuisement'), ('best', 'Best possible DSO', 'Meilleur DSO possible'), ('add', 'Average days delinquent', 'Retard moyen'), ('cei', 'Collection effectiveness', 'Efficacité du recouvrement'),
		('aged', 'Aged balance', 'Balance âgée'), ('age', 'Days past due', 'Jours de retard'), ('amount', 'Amount', 'Montant'), ('share', 'Share', 'Part'), ('total', 'Total', 'Total'), ('year', 'Twelve months', 'Douze mois'), ('month', 'End of month', 'Fin de mois'),
		('top', 'Customers to look at', 'Clients à suivre'), ('customer', 'Customer', 'Client'), ('oldest', 'Oldest, days late', 'Plus ancien, jours de retard'), ('usual', 'Usually late by', 'Retard habituel'), ('why', 'Why', 'Pourquoi'),
		('promises', 'Promises and plans', 'Promesses et échéanciers'), ('due', 'Due', 'Échéance'), ('missing', 'Missing', 'Reste'), ('what', 'What', 'Nature'), ('state', 'State', 'État'), ('promise', 'promise', 'promesse'), ('plan', 'instalment', 'échéance'),
		('disputes', 'Disputes by person', 'Litiges par responsable'), ('person', 'In charge', 'Responsable'), ('nobody', 'nobody', 'personne'), ('number', 'Number', 'Nombre'), ('oldest_day', 'Since', 'Depuis'),
		('reminders', 'Reminders of the month', 'Relances du mois'), ('step', 'Step', 'Étape'), ('sent', 'Sent', 'Envoyées'), ('asked', 'Asked for', 'Demandé'), ('paid', 'Paid within 14 days', 'Payé sous 14 jours'), ('by_habit', 'By habit', 'D''habitude'),
		('books', 'What looks wrong in the books', 'Anomalies dans les comptes'), ('problem', 'Problem', 'Anomalie'), ('none', 'Nothing.', 'Rien.'),
		('not_known', 'Some amounts of past days are not known: a ledger has no dated payments.', 'Des montants de jours passés ne sont pas connus : un grand livre n''a pas de paiements datés.'),
		('no_date', 'no due date', 'sans échéance'), ('not due', 'not due', 'non échu'), ('broken', 'broken', 'non tenue'), ('partly_kept', 'kept in part', 'tenue en partie'), ('waiting', 'open', 'en cours'),
		-- the problems of dunning.ledger_problems
		('no key', 'no key', 'sans clé'), ('no customer', 'no customer', 'sans client'), ('no amount', 'no amount', 'sans montant'), ('no open amount', 'no open amount', 'reste dû inconnu'),
		('no issue date', 'no issue date', 'sans date de facture'), ('no due date', 'no due date', 'sans échéance'), ('due before issued', 'due before issued', 'échéance avant la date de facture'),
		('no currency', 'no currency', 'sans devise'), ('unknown currency', 'unknown currency', 'devise inconnue'), ('overpaid', 'overpaid', 'payé en trop'), ('overused', 'credit used too much', 'avoir trop imputé'),
		('more open than issued', 'more open than issued', 'reste dû au-delà du montant'), ('no contact', 'no e-mail address and no telephone number', 'sans adresse électronique ni téléphone'),
		('repeated key', 'repeated key', 'clé en double'), ('finer than the currency', 'more decimals than the currency has', 'plus de décimales que la devise'),
		('unmatched payments', 'payments that pay no item', 'règlements sans facture'), ('not seen whole', 'a ledger is not seen whole', 'un grand livre n''est pas vu en entier'),
		('cannot be read', 'a ledger cannot be read', 'un grand livre ne peut être lu')) AS w (word, en, fr));
COMMENT ON FUNCTION _dunning.dashboard_words(text) IS 'The words of the dashboard in French or English';

-- One page: no script, nothing from elsewhere.
CREATE FUNCTION _dunning.dashboard_template() RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN $html$<!DOCTYPE html>
<html lang="{{language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{w.title}} {{w.on}} {{as_of}}</title>
<style>
:root { color-scheme: light dark; --back: #ffffff; --text: #1b1f24; --quiet: #57606a; --line: #d0d7de; --card: #f6f8fa; --b0: #2f6f9f; --b1: #e0b040; --b2: #d98030; --b3: #c85030; --b4: #9f2030; --bu: #8c959f; }
@media (prefers-color-scheme: dark) { :root { --back: #14181d; --text: #e6edf3; --quiet: #9aa5b1; --line: #343b44; --card: #1d232a;
	--b0: #4c93c8; --b1: #e8c060; --b2: #e69a50; --b3: #e2714f; --b4: #d9505f; --bu: #6e7681; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 75rem; background: var(--back); color: var(--text); font: 15px/1.45 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .6rem; border-bottom: 1px solid var(--line); padding-bottom: .2rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
p { margin: .3rem 0; }
.quiet { color: var(--quiet); }
.tiles { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .6rem; margin: 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .7rem; break-inside: avoid; }
.tiles dt { color: var(--quiet); font-size: .85rem; }
.tiles dd { margin: 0; font-size: 1.02rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
.tiles dd + dd { font-size: .8rem; font-weight: 400; color: var(--quiet); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; }
th { color: var(--quiet); font-weight: 600; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th.n { white-space: normal; }
.bar { display: flex; height: .9rem; min-width: 6rem; border-radius: 3px; overflow: hidden; background: var(--card); }
.bar span { display: block; height: 100%; }
.b0 { background: var(--b0); } .b1 { background: var(--b1); } .b2 { background: var(--b2); } .b3 { background: var(--b3); } .b4 {
	background: var(--b4); } .bu { background: var(--bu); }
.key { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin-right: .4rem; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 0 2rem; }
.two > section { min-width: 0; }
@media (max-width: 900px) {
	.tiles { grid-template-columns: repeat(auto-fit, minmax(min(100%, 11rem), 1fr)); }
	table.flow thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
	table.flow tr { display: block; border-bottom: 1px solid var(--line); padding: .3rem 0; }
	table.flow td, table.flow th[scope=row] { display: flex; justify-content: space-between; gap: 1rem; border: 0;
		padding: .1rem 0; text-align: right; white-space: normal; color: var(--text); }
	table.flow td::before, table.flow th[scope=row]::before { content: attr(data-label); color: var(--quiet); font-weight: 400;
		text-align: left; flex: none; }
	table.flow .bar { flex: 1; }
	table.flow td:empty { display: none; }
}
@page { size: A4; margin: 14mm; }
@media print { body { padding: 0; font-size: 11px; max-width: none; } tr, .tiles div { break-inside: avoid; } h2, h3 {
	break-after: avoid; } .bar span, .key { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
</style>
</head>
<body>
<header>
<h1>{{w.title}} {{w.on}} {{as_of}}</h1>
<p class="quiet">{{#ledger}}{{ledger}}{{/ledger}}{{^ledger}}{{w.all_ledgers}}{{/ledger}}</p>
{{^known}}<p>{{w.not_known}}</p>{{/known}}
</header>
<main>
{{#currencies}}
<section>
<h2>{{currency}}</h2>
<dl class="tiles">
<div><dt>{{w.open}}</dt><dd>{{open}}</dd></div>
<div><dt>{{w.overdue}}</dt><dd>{{overdue}}</dd><dd>{{overdue_percent}} {{w.of_open}}</dd></div>
<div><dt>{{w.beyond_90}}</dt><dd>{{beyond_90}}</dd><dd>{{beyond_90_percent}} {{w.of_open}}</dd></div>
<div><dt>{{w.dso}}</dt><dd>{{dso}} {{w.days}}</dd><dd>{{w.three_months}}</dd></div>
<div><dt>{{w.count_back}}</dt><dd>{{count_back}} {{w.days}}</dd></div>
<div><dt>{{w.best}}</dt><dd>{{best}} {{w.days}}</dd></div>
<div><dt>{{w.add}}</dt><dd>{{add}} {{w.days}}</dd></div>
<div><dt>{{w.cei}}</dt><dd>{{cei}}</dd></div>
</dl>
<div class="two">
<section>
<h3>{{w.aged}}</h3>
<table>
<thead><tr><th scope="col">{{w.age}}</th><th scope="col" class="n">{{w.amount}}</th><th scope="col" class="n">{{w.share}}</th></tr></thead>
<tbody>
{{#buckets}}<tr><th scope="row"><span class="key {{class}}"></span>{{label}}</th><td class="n">{{amount}}</td>
<td class="n">{{share}}</td></tr>
{{/buckets}}<tr><th scope="row">{{w.total}}</th><td class="n"><strong>{{open}}</strong></td><td></td></tr>
</tbody>
</table>
</section>
<section>
<h3>{{w.year}}</h3>
<table class="flow">
<thead><tr><th scope="col">{{w.month}}</th><th scope="col">{{w.aged}}</th><th scope="col" class="n">{{w.open}}</th>
<th scope="col" class="n">{{w.dso}}</th></tr></thead>
<tbody>
{{#months}}<tr><th scope="row" data-label="{{w.month}}">{{day}}</th>
<td data-label="{{w.aged}}"><div class="bar" role="img" aria-label="{{overdue}} {{w.overdue}}">
{{#parts}}<span class="{{class}}" style="width:{{width}}%"></span>{{/parts}}</div></td>
<td class="n" data-label="{{w.open}}">{{open}}</td><td class="n" data-label="{{w.dso}}">{{dso}}</td></tr>
{{/months}}
</tbody>
</table>
</section>
</div>
<h3>{{w.top}}</h3>
{{#has_customers}}<table class="flow">
<thead><tr><th scope="col">{{w.customer}}</th><th scope="col" class="n">{{w.overdue}}</th>
<th scope="col" class="n">{{w.open}}</th><th scope="col" class="n">{{w.oldest}}</th><th scope="col" class="n">{{w.usual}}</th>
<th scope="col">{{w.why}}</th></tr></thead>
<tbody>
{{#customers}}<tr><th scope="row" data-label="{{w.customer}}">{{name}}</th>
<td class="n" data-label="{{w.overdue}}">{{overdue}}</td><td class="n" data-label="{{w.open}}">{{open}}</td>
<td class="n" data-label="{{w.oldest}}">{{oldest}}</td><td class="n" data-label="{{w.usual}}">{{usual}}</td>
<td data-label="{{w.why}}">{{why}}</td></tr>
{{/customers}}
</tbody>
</table>{{/has_customers}}{{^has_customers}}<p>{{w.none}}</p>{{/has_customers}}
</section>
{{/currencies}}
<div class="two">
<section>
<h2>{{w.promises}}</h2>
{{#has_promises}}<table class="flow">
<thead><tr><th scope="col">{{w.due}}</th><th scope="col">{{w.what}}</th><th scope="col">{{w.customer}}</th>
<th scope="col" class="n">{{w.missing}}</th><th scope="col">{{w.state}}</th></tr></thead>
<tbody>
{{#promises}}<tr><th scope="row" data-label="{{w.due}}">{{day}}</th><td data-label="{{w.what}}">{{what}}</td>
<td data-label="{{w.customer}}">{{customer}}</td><td class="n" data-label="{{w.missing}}">{{missing}}</td>
<td data-label="{{w.state}}">{{state}}</td></tr>
{{/promises}}
</tbody>
</table>{{/has_promises}}{{^has_promises}}<p>{{w.none}}</p>{{/has_promises}}
</section>
<section>
<h2>{{w.disputes}}</h2>
{{#has_disputes}}<table>
<thead><tr><th scope="col">{{w.person}}</th><th scope="col" class="n">{{w.number}}</th>
<th scope="col" class="n">{{w.oldest_day}}</th></tr></thead>
<tbody>
{{#disputes}}<tr><th scope="row">{{person}}</th><td class="n">{{number}}</td><td class="n">{{since}}</td></tr>
{{/disputes}}
</tbody>
</table>{{/has_disputes}}{{^has_disputes}}<p>{{w.none}}</p>{{/has_disputes}}
</section>
<section>
<h2>{{w.reminders}}</h2>
{{#has_steps}}<table class="flow">
<thead><tr><th scope="col">{{w.step}}</th><th scope="col" class="n">{{w.sent}}</th><th scope="col" class="n">{{w.asked}}</th>
<th scope="col" class="n">{{w.paid}}</th><th scope="col" class="n">{{w.by_habit}}</th></tr></thead>
<tbody>
{{#steps}}<tr><th scope="row" data-label="{{w.step}}">{{step}}</th><td class="n" data-label="{{w.sent}}">{{sent}}</td>
<td class="n" data-label="{{w.asked}}">{{asked}}</td><td class="n" data-label="{{w.paid}}">{{paid}}</td>
<td class="n" data-label="{{w.by_habit}}">{{usual}}</td></tr>
{{/steps}}
</tbody>
</table>{{/has_steps}}{{^has_steps}}<p>{{w.none}}</p>{{/has_steps}}
</section>
<section>
<h2>{{w.books}}</h2>
{{#has_problems}}<table>
<thead><tr><th scope="col">{{w.problem}}</th><th scope="col" class="n">{{w.number}}</th></tr></thead>
<tbody>
{{#problems}}<tr><th scope="row">{{problem}}</th><td class="n">{{number}}</td></tr>
{{/problems}}
</tbody>
</table>{{/has_problems}}{{^has_problems}}<p>{{w.none}}</p>{{/has_problems}}
</section>
</div>
</main>
</body>
</html>
$html$;
COMMENT ON FUNCTION _dunning.dashboard_template() IS 'The template of the dashboard, in Mustache';

CREATE FUNCTION dunning.dashboard_context(as_of date DEFAULT dunning.today(), ledger name DEFAULT NULL, language text DEFAULT 'en')
	RETURNS jsonb
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	day CONSTANT date := coalesce(as_of, dunning.today());
	spoken CONSTANT text := _dunning.need_page_language(dashboard_context.language);
	w CONSTANT jsonb := _dunning.dashboard_words(spoken);
	percent_sign CONSTANT text := CASE spoken WHEN 'fr' THEN E'\u00a0%' ELSE '%' END;
	scheme CONSTANT text := '30,60,90';
	-- the twelve ends of months before and on the day, and the day
	first CONSTANT date := (date_trunc('month', day + 1) - interval '11 months')::date - 1;
	ends CONSTANT date[] := _dunning.series_days(first, day, '1 month');
	currencies jsonb;
	promises jsonb;
	disputes jsonb;
	steps jsonb;
	problems jsonb;
	known boolean;
BEGIN
	PERFORM _dunning.need_ledger(ledger);
	WITH past AS MATERIALIZED (
		SELECT f.* FROM _dunning.figures_on(ends || CASE WHEN day = ends[cardinality(ends)] THEN '{}' ELSE ARRAY[day] END, 'total',
			dashboard_context.ledger, 3, 24, false, false,
			'document', true) AS f
	), aged AS MATERIALIZED (
		SELECT s.as_of, s.currency, s.balance FROM dunning.aged_balance_series(first, day, '1 month', scheme, 'total', dashboard_context.ledger) AS s
	), line AS MATERIALIZED (
		SELECT r.* FROM dunning.aged_balance_report(day, scheme, 'customer', dashboard_context.ledger) AS r
	), top AS MATERIALIZED (
		SELECT * FROM (SELECT l.*, row_number() OVER (PARTITION BY l.currency ORDER BY l.overdue DESC, l.total DESC, l.ledger,
			l.customer) AS place FROM line AS l WHERE NOT l.is_total AND l.overdue > 0) AS t WHERE t.place <= 10
	), sign AS MATERIALIZED (
		SELECT s.* FROM (SELECT DISTINCT t.ledger, t.customer FROM top AS t) AS c
		CROSS JOIN LATERAL dunning.warning_signs(day, c.ledger, c.customer, 30, spoken) AS s
	)
	SELECT jsonb_agg(jsonb_build_object(
		'currency', coalesce(t.currency, '?'), 'open', dunning.format_money(t.total, t.currency, spoken), 'overdue',
			dunning.format_money(t.overdue, t.currency, spoken),
		'overdue_percent', coalesce(_dunning.number_text(round(100 * t.overdue / nullif(greatest(t.total, 0), 0), 1), spoken), '–') || percent_sign,
		'beyond_90', dunning.format_money(dunning.amount(t.balance, 4), t.currency, spoken), 'beyond_90_percent',
			coalesce(_dunning.number_text(round(100 * dunning.amount(t.balance, 4) / nullif(greatest(t.total, 0), 0), 1), spoken), '–')
			|| percent_sign,
		'dso', coalesce(_dunning.number_text(round(f.dso, 1), spoken), '–'), 'count_back',
			coalesce(_dunning.number_text(round(f.count_back_dso, 1), spoken), '–'),
		'best', coalesce(_dunning.number_text(round(f.best_possible_dso, 1), spoken), '–'), 'add',
			coalesce(_dunning.number_text(round(f.average_days_delinquent, 1), spoken), '–'),
		'cei', coalesce(_dunning.number_text(round(f.collection_effectiveness, 1), spoken) || percent_sign, '–'),
		'buckets', (SELECT jsonb_agg(jsonb_build_object('class', 'b' || coalesce(b.bucket::text, 'u'), 'label',
			coalesce(CASE WHEN b.bucket IS NULL THEN w ->> 'no_date' END, w ->> b.label, b.label),
				'amount', dunning.format_money(b.amount, t.currency, spoken), 'share',
					coalesce(_dunning.number_text(round(100 * b.amount / nullif(greatest(t.total, 0), 0), 1), spoken) || percent_sign,
					'')) ORDER BY b.place)
			FROM dunning.buckets(t.balance) WITH ORDINALITY AS b (bucket, label, amount, place) WHERE b.bucket IS NOT NULL
				OR b.amount <> 0),
		'months', (SELECT jsonb_agg(jsonb_build_object('day', dunning.format_date(p.as_of, spoken), 'open',
			dunning.format_money(p.receivables, t.currency, spoken), 'overdue', dunning.format_money(p.overdue, t.currency, spoken),
				'dso', coalesce(_dunning.number_text(round(p.dso, 1), spoken), '–'),
				'parts', (SELECT coalesce(jsonb_agg(jsonb_build_object('class', 'b' || coalesce(b.bucket::text, 'u'), 'width',
					trim_scale(round(100 * b.amount / m.most, 2))) ORDER BY b.place), '[]')
					FROM dunning.buckets(a.balance) WITH ORDINALITY AS b (bucket, label, amount, place) WHERE b.amount > 0
						AND b.amount < 'Infinity')) ORDER BY p.as_of)
			FROM past AS p JOIN aged AS a ON a.as_of = p.as_of AND a.currency IS NOT DISTINCT FROM p.currency
			CROSS JOIN (SELECT nullif(max(s.sum), 0) AS most
				FROM (SELECT (SELECT sum(greatest(x.amount, 0)) FROM dunning.buckets(y.balance) AS x WHERE x.amount < 'Infinity') AS sum
				FROM aged AS y WHERE y.currency IS NOT DISTINCT FROM t.currency) AS s) AS m
			WHERE p.currency IS NOT DISTINCT FROM t.currency),
		'has_customers', EXISTS (SELECT FROM top AS c WHERE c.currency IS NOT DISTINCT FROM t.currency),
		'customers', (SELECT jsonb_agg(jsonb_build_object('name', coalesce(c.customer_name, c.customer::text, '?'), 'overdue',
			dunning.format_money(c.overdue, c.currency, spoken), 'open', dunning.format_money(c.total, c.currency, spoken),
				'oldest', coalesce(p.oldest_days::text, ''), 'usual',
					coalesce(_dunning.number_text(round(p.usual_days_late, 1), spoken), ''), 'why', coalesce(s.why,
					-- without a sign, what is old of it
					CASE WHEN dunning.amount(c.balance, 4) > 0 THEN CASE spoken WHEN 'fr' THEN 'échu depuis plus de 90 jours : ' ELSE 'overdue by more than 90 days: ' END
						|| dunning.format_money(dunning.amount(c.balance, 4), c.currency, spoken) END, '')) ORDER BY c.place)
			FROM top AS c LEFT JOIN LATERAL (SELECT q.* FROM dunning.payer_profile(c.ledger, c.customer, day) AS q
				WHERE q.currency IS NOT DISTINCT FROM c.currency) AS p ON true
			CROSS JOIN LATERAL (SELECT string_agg(s.fact, '; ' ORDER BY s.on_day, s.fact) AS why FROM sign AS s WHERE s.ledger = c.ledger
				AND s.customer = c.customer AND (s.currency = c.currency) IS NOT FALSE) AS s
			WHERE c.currency IS NOT DISTINCT FROM t.currency)) ORDER BY t.total DESC, t.currency),
		(SELECT bool_and(p.as_of_known) FROM past AS p WHERE p.as_of = first)
	INTO currencies, known
	FROM line AS t LEFT JOIN past AS f ON f.as_of = day AND f.currency IS NOT DISTINCT FROM t.currency WHERE t.is_total;
	SELECT jsonb_agg(jsonb_build_object('day', dunning.format_date(p.due, spoken), 'what', w ->> p.what, 'customer',
		coalesce((SELECT max(i.customer_name) FROM dunning.ledger_items(day) AS i WHERE i.ledger = p.ledger AND i.customer = p.customer),
		p.customer::text),
			'missing', dunning.format_money(p.missing, p.currency, spoken), 'state', w ->> CASE p.state WHEN 'open' THEN 'waiting'
				ELSE p.state END) ORDER BY p.due, p.what, p.number)
	INTO promises
	FROM (SELECT q.promised_for AS due, 'promise' AS what, q.ledger, q.customer, q.missing, q.currency, q.state, q.promise AS number
		FROM dunning.promises_due(day, dashboard_context.ledger, 14) AS q
		UNION ALL
		SELECT k.due_on, 'plan', k.ledger, k.customer, k.missing, k.currency, k.state, k.plan
			FROM dunning.instalments_of_plans(day, dashboard_context.ledger) AS k
		WHERE k.state = 'open' AND k.due_on <= day + 14 OR k.state IN ('broken', 'partly_kept') AND k.decided_on > day - 14
		ORDER BY 1 LIMIT 30) AS p;
	SELECT jsonb_agg(jsonb_build_object('person', coalesce(h.person, w ->> 'nobody'), 'number', h.number, 'since',
		dunning.format_date(h.since, spoken)) ORDER BY h.number DESC, h.person)
	INTO disputes
	FROM (SELECT d.person_in_charge AS person, count(*) AS number, min(d.from_day) AS since FROM dunning.hold_as_of(day) AS d
		WHERE d.reason = 'dispute' AND (dashboard_context.ledger IS NULL OR d.ledger = dashboard_context.ledger) GROUP BY 1) AS h;
	SELECT jsonb_agg(jsonb_build_object('step', concat_ws(' ', _dunning.channel_text(s.channel, spoken), s.label), 'sent', s.reminders, 'asked',
		dunning.format_money(s.asked, s.currency, spoken),
			'paid', _dunning.number_text(round(s.paid_percent, 1), spoken) || percent_sign, 'usual',
				coalesce(_dunning.number_text(round(s.usual_percent, 1), spoken) || percent_sign, '')) ORDER BY s.nth)
	INTO steps
	FROM dunning.step_effect(date_trunc('month', day)::date, day, dashboard_context.ledger) WITH ORDINALITY AS s (channel, step, label,
		currency, reminders, asked, paid_reminders, paid, paid_percent, mean_days, usual_percent, nth);
	SELECT jsonb_agg(jsonb_build_object('problem', coalesce(w ->> p.problem, p.problem), 'number', p.number) ORDER BY p.number DESC, p.problem)
	INTO problems
	FROM (SELECT q.problem, count(*) AS number FROM dunning.ledger_problems(dashboard_context.ledger, day) AS q GROUP BY 1) AS p;
	RETURN jsonb_build_object('language', spoken, 'w', w, 'as_of', dunning.format_date(day, spoken), 'ledger', coalesce(to_jsonb(ledger::text), 'null'),
		'known', coalesce(known, true),
		'currencies', coalesce(currencies, '[]'), 'has_promises', promises IS NOT NULL, 'promises', coalesce(promises, '[]'),
			'has_disputes', disputes IS NOT NULL, 'disputes', coalesce(disputes, '[]'),
		'has_steps', steps IS NOT NULL, 'steps', coalesce(steps, '[]'), 'has_problems', problems IS NOT NULL, 'problems', coalesce(problems, '[]'));
END
$$;
COMMENT ON FUNCTION dunning.dashboard_context(date, name, text) IS 'What stands on the dashboard of a day, as a jsonb for a template of your own: amounts and days are written in French (fr) or English';

CREATE FUNCTION dunning.dashboard(as_of date DEFAULT dunning.today(), ledger name DEFAULT NULL, language text DEFAULT 'en',
	template text DEFAULT NULL) RETURNS text
	LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT dunning.render(coalesce(dashboard.template, _dunning.dashboard_template()),
		dunning.dashboard_context(dashboard.as_of, dashboard.ledger, dashboard.language), NULL, 'html')
$$;
COMMENT ON FUNCTION dunning.dashboard(date, name, text, text) IS
	'The receivables of a day as one page of HTML in French (fr) or English, with nothing from elsewhere: figures, aged balance and its twelve months, customers to look at, promises, disputes, reminders, what is wrong in the books; or a template of your own';
