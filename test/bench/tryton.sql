-- The aged balance of a past day over Tryton's own tables, beside Tryton's own
-- query, where a line is open whole until it is reconciled, as plain SQL
\ir erp.sql
SELECT greatest(1, :items / (SELECT count(*) FROM account_invoice)) AS times,
	1 + greatest((SELECT max(id) FROM account_move), (SELECT max(id) FROM account_move_line), (SELECT max(id) FROM account_invoice), (SELECT max(id) FROM account_move_reconciliation), (SELECT max(id) FROM "account_invoice-account_move_line")) AS step \gset
SELECT multiply('account_move', :times, :step, '{"id": "id + shift", "origin": "regexp_replace(origin, ''[0-9]+$'', (substring(origin, ''[0-9]+$'')::bigint + shift)::text)"}'),
	multiply('account_move_line', :times, :step, '{"id": "id + shift", "move": "move + shift", "reconciliation": "reconciliation + shift"}'),
	multiply('account_invoice', :times, :step, '{"id": "id + shift", "move": "move + shift"}'),
	multiply('account_move_reconciliation', :times, :step, '{"id": "id + shift"}'),
	multiply('"account_invoice-account_move_line"', :times, :step, '{"id": "id + shift", "invoice": "invoice + shift", "line": "line + shift"}') \g /dev/null
RESET session_replication_role;
VACUUM ANALYZE;
SELECT count(*) AS documents FROM account_invoice;
SET client_min_messages = error;
SELECT measure('adopting a Tryton', 'pg_dunning', 'SELECT max(field) FROM dunning.adopt_erp(''tryton'', scheme => ''tryton'')', 1) \g /dev/null
SELECT measure('a past day of Tryton, by party', 'pg_dunning', 'SELECT concat_ws('' '', count(*), sum(total)) FROM dunning.aged_balance_report(''2026-06-30'', ledger => ''tryton'') WHERE NOT is_total', 2),
	measure('a past day of Tryton, by party', 'its own query, lines whole', 'SELECT concat_ws('' '', count(*), sum(total)) FROM (SELECT party, sum(total) AS total,
			sum(total) FILTER (WHERE due <= date ''2026-06-30'' AND due > date ''2026-06-30'' - 30) AS a, sum(total) FILTER (WHERE due <= date ''2026-06-30'' - 30 AND due > date ''2026-06-30'' - 60) AS b, sum(total) FILTER (WHERE due <= date ''2026-06-30'' - 60) AS c
		FROM (SELECT l.party, coalesce(l.maturity_date, m.date) AS due, l.debit - l.credit AS total
			FROM account_move_line AS l JOIN account_move AS m ON m.id = l.move JOIN account_account AS a ON a.id = l.account JOIN account_account_type AS t ON t.id = a.type
			LEFT JOIN account_move_reconciliation AS r ON r.id = l.reconciliation
			WHERE m.state = ''posted'' AND t.receivable AND l.party IS NOT NULL AND m.date <= ''2026-06-30'' AND (r.date IS NULL OR r.date > ''2026-06-30'')) AS l GROUP BY party) AS s', 2) \g /dev/null
