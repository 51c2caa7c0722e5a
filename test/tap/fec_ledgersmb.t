#!/usr/bin/env perl
# The receivables of a database of LedgerSMB as accounting entries files: what is paid of
# a document is lettered by its number.  Skipped where there is no such database; the
# environment variable DUNNING_SHARED says where it would be.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Fec;

fec_proof(erp => 'ledgersmb', dump => 'ledgersmb16.sql.gz', files => 1, compared => 'true', within => 0.01, many => 50, lines => <<'SQL');
SELECT s.id, s.id AS move, s.party, 1 AS company, s.day, s.amount, CASE WHEN sum(s.amount) OVER (PARTITION BY s.doc) = 0 THEN s.doc END AS letter, s.doc
FROM (SELECT ac.entry_id AS id, a.entity_credit_account AS party, ac.transdate AS day, round(- ac.amount, 2) AS amount, a.id AS doc
	FROM ar AS a JOIN acc_trans AS ac ON ac.trans_id = a.id AND ac.approved IS NOT FALSE
		AND ac.chart_id IN (SELECT k.account_id FROM account_link AS k WHERE k.description = 'AR')
	WHERE a.approved AND a.force_closed IS NOT TRUE) AS s
SQL
