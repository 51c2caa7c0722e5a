-- The aged balance of a past day over LedgerSMB's own tables, beside its own report
\ir erp.sql
SELECT greatest(1, :items / (SELECT count(*) FROM ar)) AS times, 1 + greatest((SELECT max(id) FROM transactions), (SELECT max(entry_id) FROM acc_trans), (SELECT max(id) FROM payment)) AS step \gset
SELECT multiply('transactions', :times, :step, '{"id": "id + shift"}'), multiply('ar', :times, :step, '{"id": "id + shift", "invnumber": "invnumber || ''-'' || shift"}'),
	multiply('acc_trans', :times, :step, '{"entry_id": "entry_id + shift", "trans_id": "trans_id + shift"}'),
	multiply('payment', :times, :step, '{"id": "id + shift", "gl_id": "gl_id + shift"}'), multiply('payment_links', :times, :step, '{"payment_id": "payment_id + shift", "entry_id": "entry_id + shift"}') \g /dev/null
RESET session_replication_role;
VACUUM ANALYZE;
SELECT count(*) AS documents FROM ar;
SET client_min_messages = error;
SELECT measure('adopting a LedgerSMB', 'pg_dunning', 'SELECT max(field) FROM dunning.adopt_erp(''ledgersmb'', scheme => ''ledgersmb'')', 1) \g /dev/null
SELECT measure('a past day of LedgerSMB, by customer', 'pg_dunning', 'SELECT trim_scale(sum(total)) FROM dunning.aged_balance_report(''2026-11-15'', ledger => ''ledgersmb'') WHERE NOT is_total', 2),
	measure('a past day of LedgerSMB, by customer', 'its report__invoice_aging_summary', 'SELECT trim_scale(sum(c0 + c30 + c60 + c90)) FROM report__invoice_aging_summary(NULL, 2, NULL, ''2026-11-15'', NULL, true, NULL)', 1),
	measure('12 month ends of LedgerSMB, by customer', 'pg_dunning', 'SELECT sum(total)::numeric(20, 2) FROM dunning.aged_balance_series(''2025-11-30'', ''2026-10-31'', ledger => ''ledgersmb'', grouped_by => ''customer'')', 1) \g /dev/null
