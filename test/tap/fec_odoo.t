#!/usr/bin/env perl
# The receivables of a database of Odoo as accounting entries files.  Skipped where
# there is no such database; the environment variable DUNNING_SHARED says where it would be.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Fec;

# the books of one of the two companies have no lettering at all
fec_proof(erp => 'odoo', dump => 'odoo19.sql.gz', files => 2, doubts => 'oldest first|1', compared => 'l.lines = 2', within => 0, many => 20, lines => <<'SQL');
SELECT l.id, l.move_id AS move, l.partner_id AS party, l.company_id AS company, l.date AS day, l.balance AS amount, l.full_reconcile_id AS letter, l.id AS doc
FROM account_move_line AS l JOIN account_account AS a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
WHERE l.parent_state = 'posted' AND l.partner_id IS NOT NULL
SQL
