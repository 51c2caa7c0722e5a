#!/usr/bin/env perl
# The receivables of a database of Tryton as accounting entries files.  Skipped where
# there is no such database; the environment variable DUNNING_SHARED says where it would be.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Fec;

fec_proof(erp => 'tryton', dump => 'tryton60.sql.gz', files => 2, compared => 'l.lines = 2', within => 0, many => 100, lines => <<'SQL');
SELECT l.id, l.move, l.party, m.company, m.date AS day, l.debit - l.credit AS amount, l.reconciliation AS letter, l.id AS doc
FROM account_move_line AS l JOIN account_move AS m ON m.id = l.move AND m.state = 'posted'
JOIN account_account AS a ON a.id = l.account JOIN account_account_type AS t ON t.id = a.type AND t.receivable
WHERE l.party IS NOT NULL
SQL
