-- ERPNext: small books with its tables and columns, by the payment ledger and,
-- as it was before there was one, by the general ledger.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL timezone = 'Europe/Paris';
SET LOCAL jit = off;
SET LOCAL dunning.today = '2026-06-30';
SELECT no_plan();

\ir erp.psql

-- the share of a movement, by hand
SELECT results_eq($$ SELECT _dunning.erp_share(t, m, lower, upper) FROM (VALUES
		(100, 100, NULL, 60), (100, 100, 60, NULL), (130, 30, 60, NULL), (50, -50, NULL, 60), (50, -50, 60, NULL), (80, 40, 60, 70), (-5, -5, NULL, 60), (70, 70, NULL, NULL))
		AS v (t, m, lower, upper) $$,
	$$ VALUES (60::numeric), (40), (30), (-10), (-40), (10), (-5), (70) $$, 'what a movement adds between two bounds');

CREATE SCHEMA acme;
SET LOCAL search_path = acme, public;
CREATE TABLE "tabDocType" (name varchar(140) PRIMARY KEY);
CREATE TABLE "tabPayment Entry" (name varchar(140) PRIMARY KEY, docstatus smallint NOT NULL DEFAULT 0);
CREATE TABLE "tabCompany" (name varchar(140) PRIMARY KEY, default_currency varchar(140));
CREATE TABLE "tabCustomer" (name varchar(140) PRIMARY KEY, customer_name varchar(140), customer_type varchar(140), language varchar(140), email_id text, mobile_no text);
CREATE TABLE "tabContact" (name varchar(140) PRIMARY KEY, email_id varchar(140), phone varchar(140), mobile_no varchar(140), is_primary_contact smallint NOT NULL DEFAULT 0,
	is_billing_contact smallint NOT NULL DEFAULT 0);
CREATE TABLE "tabDynamic Link" (name varchar(140) PRIMARY KEY, parent varchar(140), parenttype varchar(140), link_doctype varchar(140), link_name varchar(140));
CREATE TABLE "tabSales Invoice" (name varchar(140) PRIMARY KEY, docstatus smallint NOT NULL DEFAULT 0, customer varchar(140), company varchar(140), posting_date date, due_date date,
	currency varchar(140), conversion_rate numeric(21,9) NOT NULL DEFAULT 1, party_account_currency varchar(140), is_return smallint NOT NULL DEFAULT 0, return_against varchar(140));
CREATE TABLE "tabPayment Schedule" (name varchar(140) PRIMARY KEY, parent varchar(140), parenttype varchar(140), idx bigint NOT NULL DEFAULT 0, due_date date,
	payment_amount numeric(21,9) NOT NULL DEFAULT 0, base_payment_amount numeric(21,9) NOT NULL DEFAULT 0);
CREATE TABLE "tabPayment Ledger Entry" (name varchar(140) PRIMARY KEY, posting_date date, company varchar(140), account_type varchar(140), account varchar(140), party_type varchar(140),
	party varchar(140), due_date date, voucher_type varchar(140), voucher_no varchar(140), against_voucher_type varchar(140), against_voucher_no varchar(140),
	amount numeric(21,9) NOT NULL DEFAULT 0, account_currency varchar(140), amount_in_account_currency numeric(21,9) NOT NULL DEFAULT 0, delinked smallint NOT NULL DEFAULT 0);
CREATE INDEX customer ON "tabSales Invoice" (customer);
CREATE INDEX return_against ON "tabSales Invoice" (return_against);
CREATE INDEX parent ON "tabPayment Schedule" (parent);
CREATE INDEX voucher_no ON "tabPayment Ledger Entry" (voucher_no);
CREATE INDEX against_voucher_no ON "tabPayment Ledger Entry" (against_voucher_no);
CREATE INDEX link ON "tabDynamic Link" (link_doctype, link_name);

INSERT INTO "tabCompany" VALUES ('Acme', 'EUR');
INSERT INTO "tabCustomer" VALUES ('C-1', 'Alpha', 'Company', 'fr', 'alpha@example.org', NULL), ('C-2', 'Beta', 'Individual', 'en', '', ''), ('C-3', 'Gamma', 'Company', NULL, NULL, NULL);
INSERT INTO "tabContact" VALUES ('Bob', 'bob@example.org', '', '+44 2', 1, 0), ('Eve', 'eve@example.org', '+44 1', '', 0, 1);
INSERT INTO "tabDynamic Link" VALUES ('l1', 'Bob', 'Contact', 'Customer', 'C-2'), ('l2', 'Eve', 'Contact', 'Customer', 'C-2'), ('l3', 'Bob', 'Contact', 'Supplier', 'C-3');
INSERT INTO "tabSales Invoice" (name, docstatus, customer, company, posting_date, due_date, currency, conversion_rate, party_account_currency, is_return, return_against) VALUES
	('SI-1', 1, 'C-1', 'Acme', '2026-01-10', '2026-02-09', 'EUR', 1, 'EUR', 0, NULL),		-- part payments
	('SI-2', 1, 'C-1', 'Acme', '2026-01-15', '2026-04-15', 'EUR', 1, 'EUR', 0, NULL),		-- three terms
	('SI-3', 1, 'C-1', 'Acme', '2026-02-01', NULL, 'EUR', 1, 'EUR', 0, NULL),			-- no due date; a return against it
	('RET-4', 1, 'C-1', 'Acme', '2026-02-20', NULL, 'EUR', 1, 'EUR', 1, 'SI-3'),
	('RET-10', 1, 'C-1', 'Acme', '2026-03-06', NULL, 'EUR', 1, 'EUR', 1, 'SI-2'),			-- a return against a term's invoice, paid back
	('RET-5', 1, 'C-1', 'Acme', '2026-03-01', NULL, 'EUR', 1, 'EUR', 1, NULL),			-- a return of its own
	('SI-6', 1, 'C-2', 'Acme', '2026-03-01', '2026-03-31', 'USD', 0.9, 'USD', 0, NULL),		-- in dollars
	('SI-7', 2, 'C-2', 'Acme', '2026-03-05', '2026-04-04', 'EUR', 1, 'EUR', 0, NULL),		-- cancelled
	('SI-8', 0, 'C-2', 'Acme', '2026-03-05', '2026-04-04', 'EUR', 1, 'EUR', 0, NULL),		-- draft
	('SI-9', 1, 'C-2', 'Acme', '2026-03-06', '2026-03-06', 'EUR', 1, 'EUR', 0, NULL);		-- paid in part at the till
INSERT INTO "tabPayment Schedule" VALUES
	('t1', 'SI-1', 'Sales Invoice', 1, '2026-02-09', 1000, 1000),
	('t21', 'SI-2', 'Sales Invoice', 1, '2026-02-15', 100, 100), ('t22', 'SI-2', 'Sales Invoice', 2, '2026-03-15', 100, 100), ('t23', 'SI-2', 'Sales Invoice', 3, '2026-04-15', 100, 100),
	('t9', 'SI-9', 'Sales Invoice', 1, '2026-03-06', 90, 90);
INSERT INTO "tabPayment Ledger Entry" (name, posting_date, account_type, account, party_type, party, due_date, voucher_type, voucher_no, against_voucher_type, against_voucher_no, amount, account_currency, amount_in_account_currency, delinked, company)
SELECT v.name, v.day::date, v.kind, v.kind || ' - A', CASE v.kind WHEN 'Receivable' THEN 'Customer' ELSE 'Supplier' END, v.party, v.due::date,
	v.type, v.voucher, v.against_type, v.against, v.amount, v.currency, v.own, v.delinked, 'Acme'
FROM (VALUES
	('p01', '2026-01-10', 'Receivable', 'C-1', '2026-02-09', 'Sales Invoice', 'SI-1', 'Sales Invoice', 'SI-1', 1000, 'EUR', 1000, 0),
	('p02', '2026-02-20', 'Receivable', 'C-1', NULL, 'Payment Entry', 'PE-1', 'Sales Invoice', 'SI-1', -300.10, 'EUR', -300.10, 0),
	('p03', '2026-03-10', 'Receivable', 'C-1', NULL, 'Payment Entry', 'PE-2', 'Sales Invoice', 'SI-1', -200, 'EUR', -200, 0),
	('p04', '2026-03-10', 'Receivable', 'C-1', NULL, 'Payment Entry', 'PE-2', 'Payment Entry', 'PE-2', -75, 'EUR', -75, 0),		-- left unallocated
	('p05', '2026-03-12', 'Receivable', 'C-1', NULL, 'Payment Entry', 'PE-3', 'Sales Invoice', 'SI-1', -111, 'EUR', -111, 1),		-- cancelled
	('p10', '2026-01-15', 'Receivable', 'C-1', '2026-04-15', 'Sales Invoice', 'SI-2', 'Sales Invoice', 'SI-2', 300.01, 'EUR', 300.01, 0),	-- a cent more than its terms
	('p11', '2026-02-20', 'Receivable', 'C-1', NULL, 'Payment Entry', 'PE-4', 'Sales Invoice', 'SI-2', -150, 'EUR', -150, 0),
	('p12', '2026-03-20', 'Receivable', 'C-1', NULL, 'Payment Entry', 'PE-5', 'Sales Invoice', 'SI-2', -60, 'EUR', -60, 0),
	('p13', '2026-03-25', 'Receivable', 'C-1', NULL, 'Journal Entry', 'JE-1', 'Sales Invoice', 'SI-2', 30, 'EUR', 30, 0),			-- taken back
	('p20', '2026-02-01', 'Receivable', 'C-1', NULL, 'Sales Invoice', 'SI-3', 'Sales Invoice', 'SI-3', 200, 'EUR', 200, 0),
	('p21', '2026-02-20', 'Receivable', 'C-1', NULL, 'Sales Invoice', 'RET-4', 'Sales Invoice', 'SI-3', -50, 'EUR', -50, 0),
	('p22', '2026-03-01', 'Receivable', 'C-1', NULL, 'Sales Invoice', 'RET-5', 'Sales Invoice', 'RET-5', -40, 'EUR', -40, 0),
	('p23', '2026-04-01', 'Receivable', 'C-1', NULL, 'Journal Entry', 'JE-2', 'Sales Invoice', 'RET-5', 25, 'EUR', 25, 0),		-- reconciled with 3
	('p24', '2026-04-01', 'Receivable', 'C-1', NULL, 'Journal Entry', 'JE-2', 'Sales Invoice', 'SI-3', -25, 'EUR', -25, 0),
	('p30', '2026-03-01', 'Receivable', 'C-2', '2026-03-31', 'Sales Invoice', 'SI-6', 'Sales Invoice', 'SI-6', 90, 'USD', 100, 0),
	('p31', '2026-04-10', 'Receivable', 'C-2', NULL, 'Payment Entry', 'PE-6', 'Sales Invoice', 'SI-6', -38, 'USD', -40, 0),
	('p32', '2026-04-10', 'Receivable', 'C-2', NULL, 'Journal Entry', 'JE-3', 'Sales Invoice', 'SI-6', 2, 'USD', 0, 0),			-- exchange difference
	('p33', '2026-03-05', 'Receivable', 'C-2', NULL, 'Sales Invoice', 'SI-7', 'Sales Invoice', 'SI-7', 55, 'EUR', 55, 1),
	('p34', '2026-03-06', 'Receivable', 'C-2', NULL, 'Sales Invoice', 'SI-9', 'Sales Invoice', 'SI-9', 90, 'EUR', 90, 0),
	('p35', '2026-03-06', 'Receivable', 'C-2', NULL, 'Sales Invoice', 'SI-9', 'Sales Invoice', 'SI-9', -30, 'EUR', -30, 0),
	('p40', '2026-01-01', 'Receivable', 'C-3', '2026-01-31', 'Journal Entry', 'JE-0', 'Journal Entry', 'JE-0', 500, 'EUR', 500, 0),	-- opening balances
	('p41', '2026-01-01', 'Receivable', 'C-2', NULL, 'Journal Entry', 'JE-0', 'Journal Entry', 'JE-0', 20, 'EUR', 20, 0),
	('p42', '2026-02-28', 'Receivable', 'C-3', NULL, 'Payment Entry', 'PE-7', 'Journal Entry', 'JE-0', -100, 'EUR', -100, 0),
	('p43', '2026-03-02', 'Receivable', 'C-3', NULL, 'Payment Entry', 'PE-8', 'Sales Order', 'SO-1', -45, 'EUR', -45, 0),		-- for an order
	('p44', '2026-03-05', 'Receivable', 'C-1', NULL, 'Payment Entry', 'PE-11', 'Sales Invoice', 'RET-4', 20, 'EUR', 20, 0),		-- a part of the return is paid back
	('p45', '2026-03-06', 'Receivable', 'C-1', NULL, 'Sales Invoice', 'RET-10', 'Sales Invoice', 'SI-2', -10, 'EUR', -10, 0),
	('p46', '2026-03-07', 'Receivable', 'C-1', NULL, 'Payment Entry', 'PE-12', 'Sales Invoice', 'RET-10', 10, 'EUR', 10, 0),
	('p50', '2026-01-01', 'Payable', 'S-1', NULL, 'Purchase Invoice', 'PI-1', 'Purchase Invoice', 'PI-1', 999, 'EUR', 999, 0))
	AS v (name, day, kind, party, due, type, voucher, against_type, against, amount, currency, own, delinked);

CREATE TEMP TABLE expected (item text, customer text, currency text, due_on date, amount numeric, open_amount numeric, company_amount numeric);
INSERT INTO expected VALUES
	('SI-1', 'C-1', 'EUR', '2026-02-09', 1000, 499.90, 1000),
	('t21', 'C-1', 'EUR', '2026-02-15', 100, 0, 100), ('t22', 'C-1', 'EUR', '2026-03-15', 100, 20, 100), ('t23', 'C-1', 'EUR', '2026-04-15', 100.01, 100.01, 100.01),
	('SI-3', 'C-1', 'EUR', '2026-02-01', 200, 145, 200), ('RET-5', 'C-1', 'EUR', '2026-03-01', -40, -15, -40), ('p04', 'C-1', 'EUR', '2026-03-10', -75, -75, -75),
	('SI-6', 'C-2', 'USD', '2026-03-31', 100, 60, 90), ('SI-9', 'C-2', 'EUR', '2026-03-06', 90, 60, 90),
	('p43', 'C-3', 'EUR', '2026-03-02', -45, -45, -45), ('p40', 'C-3', 'EUR', '2026-01-31', 500, 400, 500), ('p41', 'C-2', 'EUR', '2026-01-01', 20, 20, 20);

SELECT is_empty('SELECT * FROM pg_temp.unasked(''erpnext'', ''acme'')', 'what is seen has every column that the views need');
SELECT results_eq('SELECT erp, version, schema, sure FROM dunning.detect_erp()', $$ VALUES ('erpnext', '14 or later', 'acme'::name, 1.0) $$, 'seen by its tables');
-- the ledger of advances came with 15, the currency of reports with 16
SAVEPOINT later;
CREATE TABLE "tabAdvance Payment Ledger Entry" (name varchar(140) PRIMARY KEY);
SELECT results_eq('SELECT version FROM dunning.detect_erp()', $$ VALUES ('15 or later') $$, 'a later version is told by its tables');
CREATE TABLE "tabGL Entry" (name varchar(140) PRIMARY KEY, debit_in_reporting_currency numeric(21,9));
SELECT results_eq('SELECT version FROM dunning.detect_erp()', $$ VALUES ('16 or later') $$, 'or columns');
ROLLBACK TO later;
CREATE TEMP TABLE adopted AS SELECT * FROM dunning.adopt_erp(watch => true, rule => 'france');
SELECT results_eq($$ SELECT source FROM adopted WHERE field = 'advice' $$, $$ VALUES ('CREATE INDEX ON acme."tabPayment Ledger Entry" (party)') $$, 'the missing index is named, and no other');
SELECT source FROM adopted WHERE field = 'advice' \gexec
SELECT is_empty('SELECT * FROM dunning.adopt_erp(replace => true) WHERE field = ''advice''', 'none is missing when it is there and the ERP adopted again');

-- Further columns: the salesperson, the group and the territory of a customer, who sold, and amounts without tax
SAVEPOINT columns;
CREATE TABLE "tabSales Team" (name varchar(140) PRIMARY KEY, parent varchar(140), parenttype varchar(140), idx bigint, sales_person varchar(140));
ALTER TABLE "tabCustomer" ADD customer_group varchar(140), ADD territory varchar(140);
ALTER TABLE "tabSales Invoice" ADD net_total numeric(21,9), ADD grand_total numeric(21,9), ADD rounded_total numeric(21,9) DEFAULT 0;
UPDATE "tabCustomer" SET customer_group = 'Retail', territory = 'Nord' WHERE name = 'C-1';
INSERT INTO "tabSales Team" VALUES ('s1', 'C-1', 'Customer', 2, 'Bruno'), ('s2', 'C-1', 'Customer', 1, 'Anne'), ('s3', 'SI-2', 'Sales Invoice', 1, 'Bruno'), ('s4', 'SI-1', 'Customer', 1, 'nobody');
UPDATE "tabSales Invoice" SET net_total = v.net, grand_total = v.total, rounded_total = v.rounded
	FROM (VALUES ('SI-1', 833.33, 999.996, 1000), ('SI-2', 250, 300.01, 0), ('RET-5', -33.33, -40, 0), ('SI-6', 80, 100, 0)) AS v (name, net, total, rounded) WHERE v.name = "tabSales Invoice".name;
SELECT is_empty('SELECT * FROM pg_temp.unasked(''erpnext'', ''acme'', ''Team|Customer|Sales Invoice'')', 'what the further columns need is asked for');
SELECT dunning.adopt_erp(replace => true) \g /dev/null
SELECT set_eq($$ SELECT item::text, net_amount, salesperson, class, attributes FROM dunning.ledger_items('2026-06-30') WHERE item IN ('SI-1', 't21', 'RET-5', 'SI-6', 'p04') $$,
	$$ VALUES ('SI-1', 833.33, 'Anne', 'Retail', '{"seller": null, "region": "Nord"}'::jsonb), ('t21', round(25000 / 300.01, 12), 'Anne', 'Retail', '{"seller": "Bruno", "region": "Nord"}'),
		('RET-5', -33.33, 'Anne', 'Retail', '{"seller": null, "region": "Nord"}'), ('SI-6', 80, NULL, NULL, '{"seller": null, "region": null}'),
		('p04', NULL, 'Anne', 'Retail', '{"seller": null, "region": "Nord"}') $$, 'by the tables of ERPNext; what is left of a payment bears no tax');
ROLLBACK TO columns;

SELECT set_eq('SELECT item::text, customer::text, currency, due_on, amount, open_amount FROM dunning.ledger_items(dunning.today())',
	'SELECT item, customer, currency, due_on, amount, open_amount FROM expected', 'items: invoices, terms, returns, what was left unallocated, opening balances');
SELECT set_eq('SELECT key::text, company_currency, company_amount FROM dunning_erpnext.item', 'SELECT item, ''EUR'', company_amount FROM expected', 'and their amounts in the money of the company');
SELECT is((SELECT company_open_amount FROM dunning.open_item WHERE item = 'SI-6'), 54.0, 'with exchange differences');
SELECT is_empty('SELECT * FROM dunning.ledger_items(dunning.today()) WHERE currency = company_currency AND company_open_amount IS DISTINCT FROM open_amount', 'the same in its own currency');
SELECT results_eq('SELECT item::text, history::text FROM dunning.ledger_items(dunning.today()) WHERE item IN (''t21'', ''t22'', ''t23'', ''RET-5'', ''SI-9'') ORDER BY item',
	$$ VALUES ('RET-5', '{2026-03-01: -40, 2026-04-01: 25}'), ('SI-9', '{2026-03-06: 90, 2026-03-06: -30}'),
		('t21', '{2026-01-15: 100, 2026-02-20: -100}'), ('t22', '{2026-01-15: 100, 2026-02-20: -50, 2026-03-06: -10, 2026-03-07: 10, 2026-03-20: -50, 2026-03-25: 20}'),
		('t23', '{2026-01-15: 100.01, 2026-03-20: -10.00, 2026-03-25: 10.00}') $$, 'payments fill the terms in their order, each movement on its day');
SELECT results_eq('SELECT key::text, name, email, phone, language, professional FROM dunning_erpnext.customer ORDER BY key',
	$$ VALUES ('C-1', 'Alpha', 'alpha@example.org', NULL::text, 'fr', true), ('C-2', 'Beta', 'eve@example.org', '+44 1', 'en', false), ('C-3', 'Gamma', NULL, NULL, NULL, true) $$,
	'customers, with the contact for bills');

-- the ledger of each day by plain addition
CREATE TEMP TABLE by_day AS
	SELECT d.day, coalesce(sum(e.amount_in_account_currency), 0) AS total
	FROM (SELECT date '2026-01-01' + n AS day FROM generate_series(-1, 180) AS n) AS d
	LEFT JOIN "tabPayment Ledger Entry" AS e ON e.posting_date <= d.day AND e.account_type = 'Receivable' AND e.delinked = 0
	GROUP BY d.day;
SELECT is_empty('SELECT b.* FROM by_day AS b WHERE b.total <> (SELECT coalesce(sum(i.open_amount), 0) FROM dunning.open_items(b.day) AS i)', 'each day adds up to the payment ledger of that day');

-- random payments, also taken back, over random terms: on each day the terms are filled in their order
SAVEPOINT random;
SELECT setseed(0.3) \g /dev/null
INSERT INTO "tabSales Invoice" (name, docstatus, customer, company, posting_date, due_date, currency, party_account_currency)
	SELECT 'R-' || n, 1, 'C-1', 'Acme', '2026-01-01', '2026-06-01', 'EUR', 'EUR' FROM generate_series(1, 20) AS n;
INSERT INTO "tabPayment Schedule" SELECT format('r%s-%s', n, k), 'R-' || n, 'Sales Invoice', k, date '2026-01-31' + k, a, a
	FROM generate_series(1, 20) AS n CROSS JOIN generate_series(1, 4) AS k CROSS JOIN LATERAL (SELECT (1 + floor(random() * 10000 + n * 0 + k * 0))::numeric / 100 AS a) AS a;
INSERT INTO "tabPayment Ledger Entry"
	SELECT 'R-' || n, '2026-01-01', 'Acme', 'Receivable', 'Receivable - A', 'Customer', 'C-1', NULL, 'Sales Invoice', 'R-' || n, 'Sales Invoice', 'R-' || n, a.total, 'EUR', a.total, 0
	FROM generate_series(1, 20) AS n CROSS JOIN LATERAL (SELECT sum(s.payment_amount) AS total FROM "tabPayment Schedule" AS s WHERE s.parent = 'R-' || n) AS a;
INSERT INTO "tabPayment Ledger Entry"
	SELECT format('rp%s-%s', n, k), date '2026-01-10' + (random() * 100)::integer, 'Acme', 'Receivable', 'Receivable - A', 'Customer', 'C-1', NULL, 'Payment Entry', format('RP-%s-%s', n, k), 'Sales Invoice', 'R-' || n, a, 'EUR', a, 0
	FROM generate_series(1, 20) AS n CROSS JOIN generate_series(1, 6) AS k CROSS JOIN LATERAL (SELECT (floor(random() * 8000 + n * 0 + k * 0) - 6000)::numeric / 100 AS a) AS a;
CREATE TEMP TABLE found AS SELECT d.day, i.item::text AS item, i.open_amount FROM (SELECT date '2026-01-01' + n AS day FROM generate_series(0, 120, 5) AS n) AS d CROSS JOIN LATERAL dunning.ledger_items(d.day) AS i;
SELECT is_empty($$
	SELECT d.day, t.name, t.open, i.open_amount
	FROM (SELECT date '2026-01-01' + n AS day FROM generate_series(0, 120, 5) AS n) AS d
	CROSS JOIN LATERAL (
		SELECT s.name, s.amount - CASE s.idx WHEN 1 THEN least(p.paid, s.amount) WHEN 4 THEN greatest(p.paid - s.upto + s.amount, 0) ELSE greatest(0, least(s.amount, p.paid - s.upto + s.amount)) END AS open
		FROM (SELECT s.name, s.parent, s.idx, s.payment_amount AS amount, sum(s.payment_amount) OVER (PARTITION BY s.parent ORDER BY s.idx) AS upto
			FROM "tabPayment Schedule" AS s WHERE s.parent LIKE 'R-%') AS s
		CROSS JOIN LATERAL (SELECT coalesce(- sum(e.amount), 0) AS paid FROM "tabPayment Ledger Entry" AS e
			WHERE e.against_voucher_no = s.parent AND e.voucher_type = 'Payment Entry' AND e.posting_date <= d.day) AS p) AS t
	LEFT JOIN found AS i ON i.day = d.day AND i.item = t.name
	WHERE t.open IS DISTINCT FROM i.open_amount $$, 'the terms of any invoice are filled in their order on any day');
ROLLBACK TO random;

-- What was paid in advance, or written off at once, is not in the schedule: 30,000
-- of which 15,000 were paid before, in two terms of 7,500; terms of a third of what
-- is left, a return and a payment taken back; in dollars; all but a part in advance.
SAVEPOINT advance;
INSERT INTO "tabSales Invoice" (name, docstatus, customer, company, posting_date, due_date, currency, conversion_rate, party_account_currency, is_return, return_against) VALUES
	('A-1', 1, 'C-1', 'Acme', '2026-01-10', '2026-03-31', 'EUR', 1, 'EUR', 0, NULL), ('A-2', 1, 'C-1', 'Acme', '2026-01-10', '2026-03-31', 'EUR', 1, 'EUR', 0, NULL),
	('A-3', 1, 'C-2', 'Acme', '2026-01-10', '2026-02-28', 'USD', 0.9, 'USD', 0, NULL), ('A-4', 1, 'C-1', 'Acme', '2026-01-10', '2026-02-28', 'EUR', 1, 'EUR', 0, NULL),
	('A-5', 1, 'C-1', 'Acme', '2026-03-01', NULL, 'EUR', 1, 'EUR', 1, 'A-2'), ('A-6', 1, 'C-1', 'Acme', '2026-01-10', '2026-02-28', 'JPY', 0.006, 'JPY', 0, NULL);
INSERT INTO "tabPayment Schedule" VALUES
	('a11', 'A-1', 'Sales Invoice', 1, '2026-01-31', 7500, 7500), ('a12', 'A-1', 'Sales Invoice', 2, '2026-03-31', 7500, 7500),
	('a21', 'A-2', 'Sales Invoice', 1, '2026-01-31', 33.33, 33.33), ('a22', 'A-2', 'Sales Invoice', 2, '2026-02-28', 33.33, 33.33), ('a23', 'A-2', 'Sales Invoice', 3, '2026-03-31', 33.33, 33.33),
	('a31', 'A-3', 'Sales Invoice', 1, '2026-01-31', 50, 45), ('a32', 'A-3', 'Sales Invoice', 2, '2026-02-28', 50, 45),
	('a41', 'A-4', 'Sales Invoice', 1, '2026-01-31', 0.30, 0.30), ('a42', 'A-4', 'Sales Invoice', 2, '2026-02-28', 0.20, 0.20),
	('a61', 'A-6', 'Sales Invoice', 1, '2026-01-31', 333, 2.00), ('a62', 'A-6', 'Sales Invoice', 2, '2026-02-28', 333, 2.00), ('a63', 'A-6', 'Sales Invoice', 3, '2026-03-31', 333, 2.00);
INSERT INTO "tabPayment Ledger Entry" (name, posting_date, company, account_type, account, party_type, party, voucher_type, voucher_no, against_voucher_type, against_voucher_no, amount, account_currency, amount_in_account_currency, delinked)
SELECT v.name, v.day::date, 'Acme', 'Receivable', 'Receivable - A', 'Customer', v.party, v.type, v.voucher, 'Sales Invoice', v.against, v.amount, v.currency, v.own, 0
FROM (VALUES
	('a101', '2026-01-10', 'C-1', 'Sales Invoice', 'A-1', 'A-1', 30000, 'EUR', 30000), ('a102', '2025-12-20', 'C-1', 'Payment Entry', 'ADV-1', 'A-1', -15000, 'EUR', -15000),
	('a201', '2026-01-10', 'C-1', 'Sales Invoice', 'A-2', 'A-2', 160, 'EUR', 160), ('a202', '2026-01-05', 'C-1', 'Payment Entry', 'ADV-2', 'A-2', -50, 'EUR', -50),
	('a203', '2026-01-10', 'C-1', 'Sales Invoice', 'A-2', 'A-2', -10, 'EUR', -10),			-- written off at once
	('a204', '2026-02-10', 'C-1', 'Payment Entry', 'PE-20', 'A-2', -40, 'EUR', -40), ('a205', '2026-02-20', 'C-1', 'Journal Entry', 'JE-20', 'A-2', 5, 'EUR', 5),
	('a206', '2026-03-01', 'C-1', 'Sales Invoice', 'A-5', 'A-2', -20, 'EUR', -20),			-- a return
	('a301', '2026-01-10', 'C-2', 'Sales Invoice', 'A-3', 'A-3', 180, 'USD', 200), ('a302', '2026-01-02', 'C-2', 'Payment Entry', 'ADV-3', 'A-3', -88, 'USD', -100),
	('a303', '2026-01-10', 'C-2', 'Journal Entry', 'JE-30', 'A-3', -2, 'USD', 0),			-- exchange difference of the advance
	('a401', '2026-01-10', 'C-1', 'Sales Invoice', 'A-4', 'A-4', 1000, 'EUR', 1000), ('a402', '2026-01-10', 'C-1', 'Payment Entry', 'ADV-4', 'A-4', -999.50, 'EUR', -999.50),
	('a601', '2026-01-10', 'C-1', 'Sales Invoice', 'A-6', 'A-6', 6, 'JPY', 1000)) AS v (name, day, party, type, voucher, against, amount, currency, own);
SELECT results_eq($$ SELECT item::text, open_amount FROM dunning.ledger_items('2026-03-01') WHERE document::text ~ '^A-' ORDER BY item $$,
	$$ VALUES ('a11', 7500.0), ('a12', 7500), ('a21', 0), ('a22', 11.67), ('a23', 33.33), ('a31', 50), ('a32', 50), ('a41', 0.30), ('a42', 0.20), ('a61', 333), ('a62', 333), ('a63', 334) $$,
	'an advance is not in the schedule, and does not pay the terms of it; what rounding alone left is the last one''s');
SELECT results_eq($$ SELECT sum(open_amount) FILTER (WHERE dunning.is_overdue(due_on, '2026-03-01')), sum(open_amount) FROM dunning.open_items('2026-03-01') WHERE document = 'A-1' $$,
	$$ VALUES (7500.0, 15000.0) $$, 'half of what is left is overdue after the first term');
SELECT results_eq($$ SELECT item::text, history::text FROM dunning.ledger_items('2026-06-30') WHERE document = 'A-2' ORDER BY item $$,
	$$ VALUES ('a21', '{2026-01-05: -50.00, 2026-01-10: 93.34, 2026-01-10: -10.00, 2026-02-10: -33.34}'), ('a22', '{2026-01-10: 33.33, 2026-02-10: -6.66, 2026-02-20: 5.00, 2026-03-01: -20.00}'), ('a23', '{2026-01-10: 33.33}') $$,
	'day by day');
SELECT is_empty($$
	SELECT d.day, v.no, v.open, i.open FROM (SELECT date '2026-01-09' + n AS day FROM generate_series(0, 100) AS n) AS d
	CROSS JOIN LATERAL (SELECT e.against_voucher_no AS no, sum(e.amount_in_account_currency) AS open, sum(e.amount) AS company FROM "tabPayment Ledger Entry" AS e
		JOIN "tabSales Invoice" AS s ON s.name = e.against_voucher_no AND s.posting_date <= d.day
		WHERE e.against_voucher_no ~ '^A-' AND e.posting_date <= d.day GROUP BY 1) AS v
	LEFT JOIN LATERAL (SELECT o.document::text AS no, sum(o.open_amount) AS open, sum(o.company_open_amount) AS company FROM dunning.ledger_items(d.day) AS o
		WHERE o.document = v.no GROUP BY 1) AS i ON i.no = v.no
	WHERE (i.open, i.company) IS DISTINCT FROM (v.open, v.company) $$, 'on any day the terms add up to what is outstanding of the invoice, in both currencies');
-- the advance is taken back: it is due with the first term
UPDATE "tabPayment Ledger Entry" SET delinked = 1 WHERE name = 'a102';
SELECT results_eq($$ SELECT item::text, open_amount FROM dunning.ledger_items('2026-03-01') WHERE document = 'A-1' ORDER BY item $$, $$ VALUES ('a11', 22500.0), ('a12', 7500) $$,
	'an advance that is taken back is due with the first term');
ROLLBACK TO advance;

SET LOCAL enable_seqscan = off;
SELECT matches(pg_temp.plan('SELECT open_amount FROM dunning.open_item WHERE item = ''SI-1'''), '"tabSales Invoice_pkey"', 'an item is looked up by the primary key');
SELECT matches(pg_temp.plan('SELECT open_amount FROM dunning.open_item WHERE customer = ''C-1'''), 'customer on "tabSales Invoice"', 'a customer by the index of the customer');
SELECT matches(pg_temp.plan('SELECT open_amount FROM dunning.open_item WHERE customer = ''C-1'''), 'against_voucher_no on "tabPayment Ledger Entry"', 'and what is against the invoices by that');
RESET enable_seqscan;

SELECT set_eq('SELECT item::text, customer::text, problem FROM dunning.ledger_problems()',
	$$ VALUES ('SI-3', 'C-1', 'no due date'), ('p41', 'C-2', 'no due date'), (NULL, 'C-3', 'no contact') $$, 'what is wrong in the books is listed');

SELECT set_eq('SELECT item::text FROM dunning.worklist WHERE state = ''due''', ARRAY['SI-1', 't22', 't23', 'SI-3', 'SI-6', 'SI-9'], 'the work list');
SELECT set_eq('SELECT item::text, dunnable, document::text FROM dunning.ledger_items(dunning.today()) WHERE dunnable IS FALSE OR document IS NOT NULL',
	$$ VALUES ('t21', true, 'SI-2'), ('t22', true, 'SI-2'), ('t23', true, 'SI-2'), ('p04', false, NULL), ('p40', false, NULL), ('p41', false, NULL), ('p43', false, NULL) $$,
	'ERPNext reminds of invoices only; the terms of one are instalments of it');
SELECT results_eq('SELECT item::text, compensation FROM dunning.worklist WHERE document IS NOT NULL ORDER BY item', $$ VALUES ('t22', 40.00), ('t23', 0) $$, 'and it owes one compensation');
SELECT results_eq('SELECT item::text, state::text, open_amount, late_interest, compensation, problem FROM dunning.worklist WHERE NOT dunnable AND open_amount > 0 ORDER BY item',
	$$ VALUES ('p40', NULL, 400.0, 0::numeric, 0::numeric, NULL), ('p41', NULL, 20, 0, 0, NULL) $$, 'an opening balance by hand has no step and costs nothing');
CREATE TEMP TABLE past AS SELECT b.day, i.item, i.open_amount FROM by_day AS b CROSS JOIN LATERAL dunning.open_items(b.day) AS i WHERE b.day < '2026-06-30';
SELECT is(dunning.run_reminders(dunning.today()), 6, 'the run');
INSERT INTO "tabPayment Ledger Entry" VALUES ('p60', '2026-06-30', 'Acme', 'Receivable', 'Receivable - A', 'Customer', 'C-1', NULL, 'Payment Entry', 'PE-9', 'Sales Invoice', 'SI-1', -499.9, 'EUR', -499.9, 0);
SELECT results_eq($$ SELECT item::text, reason FROM dunning.reminder WHERE state <> 'pending' $$, $$ VALUES ('SI-1', 'settled') $$, 'a payment cancels the reminder at once');
INSERT INTO "tabPayment Ledger Entry" VALUES ('p61', '2026-06-30', 'Acme', 'Receivable', 'Receivable - A', 'Customer', 'C-1', NULL, 'Payment Entry', 'PE-10', 'Sales Invoice', 'SI-2', -20, 'EUR', -20, 0);
SELECT is(dunning.run_reminders(dunning.today()), 0, 'the next run');
SELECT set_eq($$ SELECT item::text FROM dunning.reminder WHERE state = 'cancelled' $$, ARRAY['SI-1', 't22'], 'cancels that of a term that is paid');
UPDATE "tabSales Invoice" SET docstatus = 2 WHERE name = 'SI-9';
SELECT is((SELECT state::text FROM dunning.reminder WHERE item = 'SI-9'), 'pending', 'an invoice that is cancelled is out of sight, which says nothing of its payment');
SELECT set_eq($$ SELECT item::text FROM dunning.unseen_reminders('erpnext') $$, ARRAY['SI-9'], 'and is told');
UPDATE "tabSales Invoice" SET docstatus = 1 WHERE name = 'SI-9';
SELECT set_eq('SELECT d.day, i.item, i.open_amount FROM (SELECT DISTINCT day FROM past) AS d CROSS JOIN LATERAL dunning.open_items(d.day) AS i', 'SELECT * FROM past', 'the past stays');
SELECT ok(dunning.release_ledger('erpnext') >= 0, 'released');
SELECT is((SELECT count(*) FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE c.relnamespace = 'acme'::regnamespace AND NOT t.tgisinternal), 0::bigint, 'no trigger stays');
SELECT hasnt_schema('dunning_erpnext');

-- before there was a payment ledger
DELETE FROM "tabPayment Ledger Entry" WHERE name IN ('p60', 'p61');
CREATE TABLE "tabAccount" (name varchar(140) PRIMARY KEY, account_type varchar(140));
INSERT INTO "tabAccount" VALUES ('Receivable - A', 'Receivable'), ('Payable - A', 'Payable');
CREATE TABLE "tabGL Entry" AS SELECT e.name, e.posting_date, e.company, e.account, e.party_type, e.party, e.due_date, e.voucher_type, e.voucher_no,
	nullif(e.against_voucher_type, CASE WHEN e.voucher_type IN ('Payment Entry', 'Journal Entry') AND e.voucher_no = e.against_voucher_no THEN e.voucher_type END) AS against_voucher_type,
	CASE WHEN e.voucher_type NOT IN ('Payment Entry', 'Journal Entry') OR e.voucher_no <> e.against_voucher_no THEN e.against_voucher_no END AS against_voucher,
	greatest(e.amount, 0) AS debit, greatest(- e.amount, 0) AS credit, e.account_currency,
	greatest(e.amount_in_account_currency, 0) AS debit_in_account_currency, greatest(- e.amount_in_account_currency, 0) AS credit_in_account_currency, e.delinked AS is_cancelled
	FROM "tabPayment Ledger Entry" AS e;
ALTER TABLE "tabGL Entry" ADD PRIMARY KEY (name);
DROP TABLE "tabPayment Ledger Entry";
SELECT results_eq('SELECT version FROM dunning.detect_erp()', $$ VALUES ('13') $$, 'an old version is told by its tables');
TRUNCATE adopted;
INSERT INTO adopted SELECT * FROM dunning.adopt_erp(ledger => 'books');
SELECT is((SELECT count(*) FROM adopted WHERE field = 'advice'), 3::bigint, 'the missing indexes are those of the general ledger');
SELECT set_eq('SELECT item::text, customer::text, currency, due_on, amount, open_amount FROM dunning.ledger_items(dunning.today())',
	'SELECT item, customer, currency, due_on, amount, open_amount FROM expected', 'the same items from the general ledger');
SELECT is_empty('SELECT b.* FROM by_day AS b WHERE b.total <> (SELECT coalesce(sum(i.open_amount), 0) FROM dunning.open_items(b.day) AS i)', 'and the same totals of every day');
SELECT finish();
ROLLBACK;
