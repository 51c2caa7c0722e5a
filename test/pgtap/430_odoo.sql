-- Odoo: its items against its own general ledger, on small books with its table
-- and column names, in each of the shapes that 14 to 19 give them.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SET datestyle = 'ISO, YMD';
SET jit = off;
SET dunning.today = '2026-04-15';
SELECT no_plan();
SELECT setseed(0.43) \g /dev/null

\ir erp.psql


--
-- Books of Odoo 19
--
CREATE SCHEMA "Odoo 19";
SET search_path = "Odoo 19", public;
CREATE TABLE ir_module_module (id integer PRIMARY KEY, name varchar, state varchar);
CREATE TABLE res_currency (id integer PRIMARY KEY, name varchar NOT NULL);
CREATE TABLE res_company (id integer PRIMARY KEY, name varchar NOT NULL, currency_id integer NOT NULL);
CREATE TABLE res_partner (id integer PRIMARY KEY, name varchar, email varchar, phone varchar, lang varchar, is_company boolean, vat varchar,
	commercial_partner_id integer, parent_id integer, type varchar, active boolean DEFAULT true);
CREATE TABLE account_account (id integer PRIMARY KEY, name jsonb, code_store jsonb, account_type varchar NOT NULL);
CREATE TABLE account_payment_term (id integer PRIMARY KEY, name jsonb);
CREATE TABLE account_move (id integer PRIMARY KEY, name varchar, move_type varchar NOT NULL, state varchar NOT NULL, date date NOT NULL, invoice_date date,
	payment_reference varchar, invoice_payment_term_id integer, delivery_date date, always_tax_exigible boolean);
CREATE TABLE account_move_line (id integer PRIMARY KEY, move_id integer NOT NULL, move_name varchar, parent_state varchar, account_id integer, partner_id integer,
	company_id integer, company_currency_id integer, currency_id integer NOT NULL, date date, date_maturity date, balance numeric, amount_currency numeric,
	amount_residual numeric, amount_residual_currency numeric, no_followup boolean, collapse_composition boolean);
CREATE TABLE account_partial_reconcile (id serial PRIMARY KEY, debit_move_id integer NOT NULL, credit_move_id integer NOT NULL, amount numeric,
	debit_amount_currency numeric, credit_amount_currency numeric, max_date date);
CREATE INDEX ON account_move_line (partner_id);
CREATE INDEX ON account_move_line (account_id);
CREATE INDEX ON account_partial_reconcile (debit_move_id);
CREATE INDEX ON account_partial_reconcile (credit_move_id);

INSERT INTO res_currency VALUES (1, 'EUR'), (2, 'USD');
INSERT INTO res_company VALUES (1, 'Maison', 1), (2, 'House', 2);
INSERT INTO res_partner (id, name, email, phone, lang, is_company, vat, commercial_partner_id, parent_id, type, active) VALUES
	(1, 'Alpha SARL', 'alpha@example.org', '+33 1', 'fr_FR', true, 'FR001', 1, NULL, 'contact', true),
	(2, 'Ms Beta', 'beta@example.org', '', 'en_US', false, NULL, 2, NULL, 'contact', true),
	(3, 'Gamma Inc', NULL, NULL, 'xx_YY', true, NULL, 3, NULL, 'contact', true),
	(11, 'Alpha, invoices', 'invoices@example.org', NULL, 'fr_FR', false, NULL, 1, 1, 'invoice', true),
	(12, 'Alpha, reminders once', 'gone@example.org', NULL, 'fr_FR', false, NULL, 1, 1, 'followup', false);
INSERT INTO account_account VALUES
	(1, '{"en_US": "Receivable", "fr_FR": "Clients"}', '{"1": "411"}', 'asset_receivable'),
	(2, '{"en_US": "Bank"}', '{"1": "512"}', 'asset_cash'), (3, '{"de_DE": "Forderungen", "it_IT": "Crediti"}', '{"2": "121"}', 'asset_receivable'),
	(4, '{"en_US": "Payable"}', '{"1": "401"}', 'liability_payable');
INSERT INTO account_payment_term VALUES (1, '{"en_US": "30% now", "fr_FR": "30 % comptant"}');
-- the moves of the items; a line's move is its number by ten
INSERT INTO account_move (id, name, move_type, state, date, invoice_date, payment_reference, invoice_payment_term_id) VALUES
	(10, 'INV/10', 'out_invoice', 'posted', '2026-01-10', '2026-01-09', 'REF 10', 1), (11, 'BNK/11', 'entry', 'posted', '2026-02-05', NULL, NULL, NULL),
	(12, 'INV/12', 'out_invoice', 'posted', '2026-01-15', '2026-01-15', NULL, NULL), (13, 'BNK/13', 'entry', 'posted', '2026-03-01', NULL, NULL, NULL),
	(14, 'EXCH/14', 'entry', 'posted', '2026-03-01', NULL, NULL, NULL), (15, 'RINV/15', 'out_refund', 'posted', '2026-02-10', '2026-02-10', NULL, NULL),
	(16, 'BNK/16', 'entry', 'posted', '2026-03-10', NULL, NULL, NULL), (17, '/', 'out_invoice', 'draft', '2026-03-11', NULL, NULL, NULL),
	(18, 'INV/18', 'out_invoice', 'cancel', '2026-03-12', NULL, NULL, NULL), (19, 'HINV/19', 'out_invoice', 'posted', '2026-03-13', '2026-03-13', NULL, NULL),
	(20, 'BILL/20', 'in_invoice', 'posted', '2026-03-14', '2026-03-14', NULL, NULL);
INSERT INTO account_move_line (id, move_id, account_id, partner_id, company_id, currency_id, date_maturity, balance, amount_currency, no_followup) VALUES
	(100, 10, 1, 1, 1, 1, '2026-01-31', 300, 300, false), (101, 10, 1, 1, 1, 1, '2026-02-28', 700, 700, false),
	(110, 11, 1, 1, 1, 1, '2026-02-05', -500, -500, true), (111, 11, 2, 1, 1, 1, NULL, 500, 500, true),
	(120, 12, 1, 3, 1, 2, NULL, 1000, 1100, false), (130, 13, 1, 3, 1, 2, '2026-03-01', -490, -550, NULL),
	(140, 14, 1, 3, 1, 2, '2026-03-01', -10, 0, NULL), (150, 15, 1, 1, 1, 1, '2026-02-10', -100, -100, false),
	(160, 16, 1, 1, 1, 1, NULL, -50, -50, true), (170, 17, 1, 1, 1, 1, '2026-04-11', 17, 17, false),
	(180, 18, 1, 1, 1, 1, '2026-04-12', 18, 18, false), (190, 19, 3, 2, 2, 2, '2026-03-01', 90, 90, true),
	(200, 20, 4, 1, 1, 1, '2026-04-14', -60, -60, false);
INSERT INTO account_partial_reconcile (debit_move_id, credit_move_id, amount, debit_amount_currency, credit_amount_currency, max_date) VALUES
	(100, 110, 300, 300, 300, '2026-02-05'), (101, 110, 200, 200, 200, '2026-02-05'), (120, 130, 490, 550, 550, '2026-03-01'),
	(120, 140, 10, 0, 0, '2026-03-01'), (101, 150, 100, 100, 100, '2026-03-20');
UPDATE account_move_line AS l SET move_name = m.name, parent_state = m.state, date = m.date, company_currency_id = c.currency_id
	FROM account_move AS m, res_company AS c WHERE m.id = l.move_id AND c.id = l.company_id;

-- many more by chance: invoices and payments in the company's currency, applied
-- to each other on the later of their days, as Odoo does
INSERT INTO account_move (id, name, move_type, state, date)
	SELECT n, 'M/' || n, CASE WHEN n % 3 = 0 THEN 'entry' ELSE 'out_invoice' END, 'posted', date '2026-01-01' + (random() * 90)::integer FROM generate_series(1000, 1299) AS n;
INSERT INTO account_move_line (id, move_id, move_name, parent_state, account_id, partner_id, company_id, company_currency_id, currency_id, date, date_maturity, balance)
	SELECT m.id * 10, m.id, m.name, 'posted', 1, 1 + m.id % 3, 1, 1, 1, m.date, m.date + 30, CASE WHEN m.move_type = 'entry' THEN -1 ELSE 1 END * (100 + (random() * 9999)::numeric(6, 2))
	FROM account_move AS m WHERE m.id >= 1000;
UPDATE account_move_line SET amount_currency = balance WHERE id >= 10000;
INSERT INTO account_partial_reconcile (debit_move_id, credit_move_id, amount, debit_amount_currency, credit_amount_currency, max_date)
	SELECT d.id, c.id, x.amount, x.amount, x.amount, greatest(d.date, c.date)
	FROM account_move_line AS c
	JOIN account_move_line AS d ON d.id IN (c.id + 10, c.id + 20) AND d.balance > 0
	CROSS JOIN LATERAL (SELECT round(least(d.balance, - c.balance / 2) * CASE WHEN d.id % 70 = 0 THEN 0.5 ELSE 1 END, 2) AS amount) AS x
	WHERE c.id >= 10000 AND c.balance < 0;
-- the residuals that Odoo stores
UPDATE account_move_line AS l SET
	amount_residual = l.balance - coalesce((SELECT sum(CASE l.id WHEN r.debit_move_id THEN r.amount ELSE - r.amount END) FROM account_partial_reconcile AS r WHERE l.id IN (r.debit_move_id, r.credit_move_id)), 0),
	amount_residual_currency = l.amount_currency - coalesce((SELECT sum(CASE l.id WHEN r.debit_move_id THEN r.debit_amount_currency ELSE - r.credit_amount_currency END)
		FROM account_partial_reconcile AS r WHERE l.id IN (r.debit_move_id, r.credit_move_id)), 0);
ANALYZE;
CREATE TABLE public.before AS SELECT (SELECT count(*) FROM pg_class) AS relations, (SELECT count(*) FROM pg_trigger) AS triggers, (SELECT count(*) FROM pg_namespace) AS schemas;

SELECT is_empty('SELECT * FROM pg_temp.unasked(''odoo'', ''Odoo 19'')', 'what is seen has every column that the views need');
SELECT results_eq('SELECT erp, version, schema, sure FROM dunning.detect_erp()', $$ VALUES ('odoo', '19', 'Odoo 19'::name, 1.0) $$, 'Odoo 19 is seen, in a schema of any name');
CREATE TABLE public.said AS SELECT * FROM dunning.adopt_erp();
SELECT results_eq($$ SELECT source FROM public.said WHERE field = 'view' $$, $$ VALUES ('dunning_odoo.item'), ('dunning_odoo.payment'), ('dunning_odoo.customer'), ('dunning_odoo.document') $$, 'adopted in one call');
SELECT results_eq($$ SELECT source FROM public.said WHERE field = 'advice' $$, $$ VALUES ('CREATE INDEX ON "Odoo 19".res_partner (parent_id)') $$, 'it says which index is missing, and makes none');

--
-- What an item is
--
CREATE VIEW public.open AS SELECT item::text::integer AS item, company, currency, reference, issued_on, due_on, amount, open_amount, company_currency, company_amount, company_open_amount, held,
	customer_name, email, phone, language, professional FROM dunning.open_item;
SELECT results_eq('SELECT item, reference, company, currency, issued_on, due_on, amount, open_amount FROM public.open WHERE item < 1000 ORDER BY item', $$ VALUES
	(101, 'INV/10', 'Maison', 'EUR', date '2026-01-10', date '2026-02-28', 700::numeric, 400::numeric),
	(120, 'INV/12', 'Maison', 'USD', '2026-01-15', '2026-01-15', 1100, 550),
	(160, 'BNK/16', 'Maison', 'EUR', '2026-03-10', '2026-03-10', -50, -50),
	(190, 'HINV/19', 'House', 'USD', '2026-03-13', '2026-03-01', 90, 90) $$, 'instalments, a foreign currency, an unallocated payment, another company; no draft, nothing cancelled, no payable');
SELECT results_eq('SELECT item, company_currency, company_amount, company_open_amount FROM public.open WHERE item < 1000 ORDER BY item', $$ VALUES
	(101, 'EUR', 700::numeric, 400::numeric), (120, 'EUR', 1000, 500), (160, 'EUR', -50, -50), (190, 'USD', 90, 90) $$, 'amounts in the company''s currency, exchange differences applied');
SELECT results_eq('SELECT item::text, document::text, dunnable FROM dunning.ledger_items(dunning.today()) WHERE item::text::integer IN (100, 101, 110, 120, 150, 190) ORDER BY item',
	$$ VALUES ('100', '10', true), ('101', '10', true), ('110', NULL, true), ('120', '12', true), ('150', NULL, true), ('190', '19', true) $$, 'the instalments of an invoice are one document');
SELECT is((SELECT array_agg(item ORDER BY item) FROM public.open WHERE held AND item < 1000), '{160,190}', 'what Odoo is not to follow up is held');
SELECT is((SELECT array_agg(w.state ORDER BY w.item::text) FROM dunning.worklist AS w WHERE w.item IN ('160', '190')), '{settled,held}', 'so is it in the work list');
SELECT results_eq('SELECT DISTINCT customer_name, email, phone, language, professional FROM public.open ORDER BY 1', $$ VALUES
	('Alpha SARL', 'invoices@example.org', '+33 1', 'fr_FR', true), ('Gamma Inc', NULL, NULL, 'xx_YY', true), ('Ms Beta', 'beta@example.org', NULL, 'en_US', false) $$,
	'customers: the address of the contact for invoices, an individual without a tax number is no professional');
SELECT results_eq('SELECT key, document, kind, payment_reference, account, payment_term FROM dunning_odoo.document WHERE key IN (101, 120, 190) ORDER BY key', $$ VALUES
	(101, 10, 'out_invoice', 'REF 10', 'Clients', '30 % comptant'), (120, 12, 'out_invoice', NULL, 'Receivable', NULL), (190, 19, 'out_invoice', NULL, 'Forderungen', NULL) $$,
	'names in the customer''s language, else English, else any');
SELECT set_eq($$ SELECT item::text, problem FROM dunning.ledger_problems('odoo') WHERE item IS NULL OR item::text IN ('101', '120', '160', '190') $$, $$ VALUES
	('120', 'no due date'), ('190', 'due before issued'), (NULL, 'no contact') $$, 'what looks wrong is listed');

--
-- Every day against the general ledger, and today against Odoo's residuals
--
SELECT is((SELECT count(*) FROM dunning.ledger_items('2026-04-15') AS i JOIN account_move_line AS l ON l.id = i.item::text::integer
	WHERE i.open_amount IS DISTINCT FROM l.amount_residual_currency OR i.company_open_amount IS DISTINCT FROM l.amount_residual), 0::bigint, 'the open amounts are Odoo''s residuals, in both currencies');
SELECT is((SELECT count(*) FROM dunning.ledger_items('2026-04-15')), (SELECT count(*) FROM account_move_line WHERE parent_state = 'posted' AND account_id IN (1, 3)), 'of every item');
SELECT results_eq($$ SELECT d.day::date, c.name, sum(i.company_open_amount) FROM generate_series('2026-01-05'::timestamp, '2026-04-15', '5 days') AS d (day)
		CROSS JOIN LATERAL dunning.ledger_items(d.day::date) AS i JOIN res_company AS c ON c.name = i.company GROUP BY 1, 2 ORDER BY 1, 2 $$,
	$$ SELECT d.day::date, c.name, sum(l.balance) FROM generate_series('2026-01-05'::timestamp, '2026-04-15', '5 days') AS d (day)
		JOIN account_move_line AS l ON l.date <= d.day AND l.parent_state = 'posted' AND l.account_id IN (1, 3) JOIN res_company AS c ON c.id = l.company_id GROUP BY 1, 2 ORDER BY 1, 2 $$,
	'on every fifth day the items of each company add up to its general ledger');
SELECT is((SELECT count(*) FROM dunning.ledger_items('2026-02-15') AS i JOIN account_move_line AS l ON l.id = i.item::text::integer
	WHERE i.open_amount IS DISTINCT FROM l.amount_currency - coalesce((SELECT sum(CASE l.id WHEN r.debit_move_id THEN r.debit_amount_currency ELSE - r.credit_amount_currency END)
		FROM account_partial_reconcile AS r WHERE l.id IN (r.debit_move_id, r.credit_move_id) AND r.max_date <= '2026-02-15'), 0)), 0::bigint, 'each item of a past day is without what was applied later');
SELECT is((SELECT history::text FROM dunning.open_item WHERE item = '101'), '{2026-01-10: 700, 2026-02-05: -200, 2026-03-20: -100}', 'an item knows its movements');

--
-- Look-ups reach Odoo's own indexes
--
SET enable_seqscan = off;
SELECT matches(pg_temp.plan('SELECT open_amount FROM dunning.open_item WHERE customer = ''1'''), 'account_move_line_partner_id_idx', 'the items of a customer by its index');
SELECT matches(pg_temp.plan('SELECT open_amount FROM dunning.open_item WHERE item = ''101'''), 'account_move_line_pkey', 'one item by its key');
SELECT matches(pg_temp.plan('SELECT open_amount FROM dunning.open_item WHERE item = ''101'''), 'debit_move_id_idx.*credit_move_id_idx', 'what it has received by the indexes of the reconciliations');
RESET enable_seqscan;

--
-- The cycle
--
CREATE TABLE public.past AS SELECT d.day::date AS day, i.item::text AS item, i.open_amount, i.history::text AS history FROM generate_series('2026-01-31'::timestamp, '2026-04-15', '1 month') AS d (day), dunning.ledger_items(d.day::date) AS i;
-- Further columns: the salesperson, the industry, the region and the tags of a partner, who sold, and amounts without tax
BEGIN;
CREATE TABLE res_users (id integer PRIMARY KEY, partner_id integer NOT NULL);
CREATE TABLE res_partner_industry (id integer PRIMARY KEY, name jsonb);
CREATE TABLE res_country_state (id integer PRIMARY KEY, name varchar);
CREATE TABLE res_partner_category (id integer PRIMARY KEY, name jsonb);
CREATE TABLE res_partner_res_partner_category_rel (category_id integer, partner_id integer);
CREATE TABLE crm_team (id integer PRIMARY KEY, name jsonb);
ALTER TABLE res_partner ADD user_id integer, ADD industry_id integer, ADD state_id integer;
ALTER TABLE account_move ADD invoice_user_id integer, ADD team_id integer, ADD amount_untaxed numeric, ADD amount_total numeric;
INSERT INTO res_partner (id, name) VALUES (21, 'Anne'), (22, 'Bruno');
INSERT INTO res_users VALUES (1, 21), (2, 22);
INSERT INTO res_partner_industry VALUES (1, '{"en_US": "Retail", "fr_FR": "Commerce"}');
INSERT INTO res_country_state VALUES (1, 'Nord');
INSERT INTO res_partner_category VALUES (1, '{"en_US": "Gold"}'), (2, '{"en_US": "Chain"}');
INSERT INTO res_partner_res_partner_category_rel VALUES (1, 1), (2, 1), (2, 3);
INSERT INTO crm_team VALUES (1, '{"en_US": "Europe"}');
UPDATE res_partner SET user_id = 1, industry_id = 1, state_id = 1 WHERE id = 1;
UPDATE res_partner SET commercial_partner_id = 1 WHERE id = 3;
UPDATE account_move SET amount_total = v.total, amount_untaxed = v.net, invoice_user_id = v.seller, team_id = v.team
	FROM (VALUES (10, 1000, 800, 2, 1), (12, 1100, 1000, 1, NULL), (15, 100, 83.33, NULL, NULL), (11, 500, 500, NULL, NULL)) AS v (id, total, net, seller, team) WHERE v.id = account_move.id;
SELECT is_empty('SELECT * FROM pg_temp.unasked(''odoo'', ''Odoo 19'', ''users|industry|state|category|team|res_partner$'')', 'what the further columns need is asked for');
SELECT set_eq($$ SELECT field FROM dunning.adopt_erp(replace => true) WHERE field ~ 'net_amount|salesperson|class|attributes' $$,
	$$ VALUES ('net_amount'), ('attributes.seller'), ('attributes.team'), ('customers.salesperson'), ('customers.class'), ('customers.attributes.region'), ('customers.attributes.tags') $$, 'the profile has further columns');
SELECT set_eq($$ SELECT item::text, net_amount, salesperson, class, attributes FROM dunning.ledger_items('2026-04-15') WHERE item IN ('100', '101', '110', '120', '150') $$,
	$$ VALUES ('100', 240::numeric, 'Anne', 'Retail', '{"seller": "Bruno", "team": "Europe", "region": "Nord", "tags": "Chain, Gold"}'::jsonb),
		('101', 560, 'Anne', 'Retail', '{"seller": "Bruno", "team": "Europe", "region": "Nord", "tags": "Chain, Gold"}'),
		('110', NULL, 'Anne', 'Retail', '{"seller": null, "team": null, "region": "Nord", "tags": "Chain, Gold"}'),
		('120', 1000, 'Anne', NULL, '{"seller": "Anne", "team": null, "region": null, "tags": "Chain"}'),
		('150', -83.33, 'Anne', 'Retail', '{"seller": null, "team": null, "region": "Nord", "tags": "Chain, Gold"}') $$, 'by the tables of Odoo; a payment bears no tax');
SELECT set_eq($$ SELECT currency, salesperson, attributes ->> 'tags', total FROM dunning.aged_balance_report(grouped_by => 'salesperson, tags') WHERE NOT is_total AND salesperson IS NOT NULL $$,
	$$ SELECT u.name, 'Anne', CASE l.partner_id WHEN 1 THEN 'Chain, Gold' ELSE 'Chain' END, sum(l.amount_currency - coalesce((SELECT sum(r.debit_amount_currency) FROM account_partial_reconcile AS r WHERE r.debit_move_id = l.id AND r.max_date <= '2026-04-15'), 0)
			+ coalesce((SELECT sum(r.credit_amount_currency) FROM account_partial_reconcile AS r WHERE r.credit_move_id = l.id AND r.max_date <= '2026-04-15'), 0))
		FROM account_move_line AS l JOIN account_account AS a ON a.id = l.account_id AND a.account_type = 'asset_receivable' JOIN res_currency AS u ON u.id = l.currency_id
		WHERE l.parent_state = 'posted' AND l.date <= '2026-04-15' AND l.partner_id IN (1, 3) GROUP BY 1, 2, 3 $$, 'a report by them');
ROLLBACK;

SELECT lives_ok($$ SELECT * FROM dunning.adopt_erp('odoo', watch => true, replace => true) $$, 'adopted again, watched');
CALL dunning.run(dunning.today());
SELECT is((SELECT count(*) FROM dunning.reminder WHERE item::text = '101' AND state = 'pending'), 1::bigint, 'a run raises the reminder of an overdue instalment');
SELECT is((SELECT count(*) FROM dunning.reminder WHERE item::text IN ('160', '190', '150', '130')), 0::bigint, 'none for what is held, a credit or settled');
INSERT INTO account_move (id, name, move_type, state, date) VALUES (30, 'BNK/30', 'entry', 'posted', '2026-04-14');
INSERT INTO account_move_line (id, move_id, move_name, parent_state, account_id, partner_id, company_id, company_currency_id, currency_id, date, date_maturity, balance, amount_currency)
	VALUES (300, 30, 'BNK/30', 'posted', 1, 1, 1, 1, 1, '2026-04-14', '2026-04-14', -400, -400);
SELECT is((SELECT state FROM dunning.reminder WHERE item::text = '101'), 'pending', 'a payment that is not applied cancels nothing');
INSERT INTO account_partial_reconcile (debit_move_id, credit_move_id, amount, debit_amount_currency, credit_amount_currency, max_date) VALUES (101, 300, 400, 400, 400, '2026-04-14');
SELECT is((SELECT state FROM dunning.reminder WHERE item::text = '101'), 'cancelled', 'applied, it cancels the reminder at once');
SELECT is((SELECT count(*) FROM dunning.open_item WHERE item IN ('101', '300')), 0::bigint, 'both are settled');
SELECT is((SELECT count(*) FROM public.past AS p LEFT JOIN (SELECT d.day::date AS day, i.item::text AS item, i.open_amount, i.history::text AS history
		FROM generate_series('2026-01-31'::timestamp, '2026-04-13', '1 month') AS d (day), dunning.ledger_items(d.day::date) AS i) AS n USING (day, item)
	WHERE p.day < '2026-04-14' AND (n.open_amount, n.history) IS DISTINCT FROM (p.open_amount, p.history)), 0::bigint, 'no past day has changed');
SELECT is((SELECT count(*) FROM dunning.reminder WHERE item::text = '10020' AND state = 'pending'), (SELECT count(*) FROM dunning.open_item WHERE item = '10020' AND open_amount > 0 AND due_on < '2026-04-10'), 'another item keeps its own');
SELECT lives_ok($$ SELECT dunning.release_ledger('odoo') $$, 'released');
DROP VIEW public.open;
DROP TABLE public.past, public.said;
SELECT results_eq('SELECT (SELECT count(*) FROM pg_class WHERE relname NOT LIKE ''before%''), (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_namespace WHERE nspname !~ ''^pg_(toast_)?temp'')',
	'SELECT relations, triggers, (SELECT count(*) FROM pg_namespace WHERE nspname !~ ''^pg_(toast_)?temp'' AND nspname <> ''dunning_odoo'') FROM public.before', 'without a trace');

--
-- The policies of OCA's credit control
--
BEGIN;
CREATE TABLE credit_control_policy (id integer PRIMARY KEY, name varchar NOT NULL, do_nothing boolean, active boolean);
CREATE TABLE credit_control_policy_level (id serial PRIMARY KEY, policy_id integer NOT NULL, level integer NOT NULL, name jsonb NOT NULL, computation_mode varchar NOT NULL, delay_days integer NOT NULL,
	channel varchar NOT NULL);
INSERT INTO credit_control_policy VALUES (1, 'No follow', true, true), (2, '3 time policy', NULL, true), (3, '2 time policy', false, true), (4, 'By phone', false, true), (5, 'standard', false, true),
	(6, 'Too late', false, false);
INSERT INTO credit_control_policy_level (policy_id, level, name, computation_mode, delay_days, channel) VALUES
	(1, 1, '{"en_US": "No follow"}', 'net_days', 0, 'email'),
	(2, 3, '{"en_US": "Last", "fr_FR": "Dernier"}', 'previous_date', 10, 'letter'), (2, 1, '{"en_US": "10 days net"}', 'net_days', 10, 'email'), (2, 2, '{"fr_FR": "Fin de mois"}', 'end_of_month', 30, 'email'),
	(3, 1, '{"en_US": "30 days"}', 'end_of_month', 30, 'email'), (3, 2, '{"en_US": "60 more"}', 'previous_date', 60, 'letter'),
	(4, 1, '{"en_US": "Say \"please\""}', 'net_days', 3, 'phone'), (4, 2, '{"en_US": ""}', 'net_days', 1, 'phone'),
	(5, 1, '{"en_US": "x"}', 'net_days', 1, 'email'), (6, 1, '{"en_US": "x"}', 'net_days', 99999, 'email');
ALTER TABLE account_move ADD credit_policy_id integer;
ALTER TABLE res_partner ADD credit_policy_id integer;
ALTER TABLE res_company ADD credit_policy_id integer;
UPDATE res_company SET credit_policy_id = 2 WHERE id = 1;
UPDATE res_partner SET credit_policy_id = 1 WHERE id = 2;
UPDATE account_move SET credit_policy_id = 4 WHERE id = 1001;
UPDATE account_move SET credit_policy_id = 1 WHERE id = 1004;
SELECT is_empty('SELECT * FROM pg_temp.unasked(''odoo'', ''Odoo 19'')', 'what is seen has every column that the views need, with policies too');
CREATE TEMP TABLE taken AS SELECT * FROM dunning.adopt_erp('odoo', rule => 'france') AS a WHERE a.field = 'procedure';
SELECT set_eq('SELECT source, why FROM taken', $$ VALUES
	('2 time policy', 'the policy of Odoo; the end of a month is taken for 30 days more: 60 email "30 days"; 60 letter "60 more" wait 60'),
	('3 time policy', 'the policy of Odoo; the end of a month is taken for 30 days more: 10 email "10 days net"; 60 email "Fin de mois"; 60 letter "Last" wait 10'),
	('By phone', 'the policy of Odoo: 3 phone "Say ""please"""; 4 phone'),
	('standard', 'is there already and stays as it is; the policy of Odoo: 1 email "x"'),
	(NULL, '"Too late" cannot be a procedure: number out of range for type dunning_procedure: "99999 email "x""'),
	('procedure', 'by the profile of odoo') $$, 'policies become procedures of their names, unless there is one of the name; one that does nothing becomes none');
SELECT set_eq('SELECT name, procedure::text FROM dunning.procedure WHERE NOT shipped', $$ VALUES ('2 time policy', '60 email "30 days"; 60 letter "60 more" wait 60'),
	('3 time policy', '10 email "10 days net"; 60 email "Fin de mois"; 60 letter "Last" wait 10'), ('By phone', '3 phone "Say ""please"""; 4 phone') $$, 'and are rows');
SELECT is_empty('SELECT * FROM dunning.adopt_erp(replace => true) AS a WHERE a.field = ''procedure'' AND a.why ~ ''^the policy''', 'once');
CREATE VIEW public.policies AS SELECT item::text::integer AS item, customer::text::integer AS customer, procedure, dunnable FROM dunning.ledger_items(dunning.today()) WHERE amount > 0 AND item::text::integer <> ALL ('{101}');
SELECT results_eq('SELECT item, procedure, dunnable FROM public.policies WHERE item IN (100, 120, 190, 10000, 10010, 10040, 10070) ORDER BY item', $$ VALUES
	(100, '3 time policy', true),		-- the company's
	(120, '3 time policy', false),		-- without a due date
	(190, NULL, false), (10000, NULL, false),	-- the partner is not to be followed
	(10010, 'By phone', true), (10040, NULL, false),	-- the document's own
	(10070, '3 time policy', true) $$, 'the policy of the document, of the partner or of the company');
SELECT is((SELECT array_agg(DISTINCT dunnable) FROM public.policies WHERE customer = 2), ARRAY[false], 'a partner who is not to be followed');
SELECT is((SELECT count(*) FROM dunning.worklist WHERE customer = '2' AND (state IS NOT NULL OR problem IS NOT NULL OR compensation <> 0 OR late_interest <> 0)), 0::bigint, 'has no step, and owes nothing');
SELECT cmp_ok((SELECT count(*) FROM dunning.worklist WHERE customer = '2' AND open_amount > 0 AND status = 'overdue'), '>', 20::bigint, 'although much is overdue');
-- what was cancelled on the real day counts on the day of this story
SET session_replication_role = replica; UPDATE dunning.reminder SET cancelled_on = raised_on WHERE state = 'cancelled'; RESET session_replication_role;
SELECT dunning.run_reminders(dunning.today()) \g /dev/null
SELECT is((SELECT count(*) FROM dunning.reminder WHERE state = 'pending' AND customer = '2'), 0::bigint, 'and is not reminded');
SELECT cmp_ok((SELECT count(*) FROM dunning.reminder WHERE state = 'pending' AND customer = '3'), '>', 20::bigint, 'others are');
SELECT is((SELECT channel || coalesce(label, '') FROM dunning.reminder WHERE state = 'pending' AND item = '10010'), 'phoneSay "please"', 'each by its policy');
SELECT dunning.claim_penalties(dunning.today()) \g /dev/null
SELECT is((SELECT count(*) FROM dunning.claim WHERE customer = '2'), 0::bigint, 'nor is anything claimed');
-- a partner's policy in each company: by a table of properties
SELECT dunning.release_ledger('odoo') \g /dev/null
DROP VIEW public.policies;
ALTER TABLE res_partner DROP credit_policy_id;
CREATE TABLE ir_property (id serial PRIMARY KEY, name varchar, res_id varchar, company_id integer, value_reference varchar);
INSERT INTO ir_property (name, res_id, company_id, value_reference) VALUES ('credit_policy_id', 'res.partner,3', 1, 'credit.control.policy,1'), ('credit_policy_id', 'res.partner,3', 2, 'credit.control.policy,3'),
	('credit_policy_id', 'res.partner,2', NULL, 'credit.control.policy,3'), ('property_other', 'res.partner,1', 1, 'credit.control.policy,1'), ('credit_policy_id', 'res.partner,1', 1, NULL);
SELECT dunning.adopt_erp('odoo') \g /dev/null
CREATE VIEW public.policies AS SELECT item::text::integer AS item, customer::text::integer AS customer, procedure, dunnable FROM dunning.ledger_items(dunning.today()) WHERE amount > 0;
CREATE TEMP TABLE by_company (item integer, procedure text, dunnable boolean);
INSERT INTO by_company VALUES (100, '3 time policy', true), (190, '2 time policy', true), (10000, '2 time policy', true), (10010, 'By phone', true), (10070, NULL, false);
SELECT results_eq('SELECT item, procedure, dunnable FROM public.policies WHERE item IN (100, 190, 10000, 10010, 10070) ORDER BY item', 'SELECT * FROM by_company ORDER BY item', 'a property by company, or of all');
-- or in a column by company
SELECT dunning.release_ledger('odoo') \g /dev/null
DROP TABLE ir_property;
DROP VIEW public.policies;
ALTER TABLE res_partner ADD credit_policy_id jsonb;
UPDATE res_partner SET credit_policy_id = v.value::jsonb FROM (VALUES (3, '{"1": 1, "2": 3}'), (2, '{"1": 3, "2": 3}'), (1, '{"1": false}')) AS v (id, value) WHERE v.id = res_partner.id;
SELECT is_empty('SELECT * FROM pg_temp.unasked(''odoo'', ''Odoo 19'')', 'the column by company, too, has every column that the views need');
SELECT dunning.adopt_erp('odoo') \g /dev/null
CREATE VIEW public.policies AS SELECT item::text::integer AS item, customer::text::integer AS customer, procedure, dunnable FROM dunning.ledger_items(dunning.today()) WHERE amount > 0;
SELECT results_eq('SELECT item, procedure, dunnable FROM public.policies WHERE item IN (100, 190, 10000, 10010, 10070) ORDER BY item', 'SELECT * FROM by_company ORDER BY item', 'the same in a column by company');
ROLLBACK;

--
-- The shapes of the other versions
--
CREATE FUNCTION public.figures() RETURNS TABLE (version text, items bigint, held bigint, total numeric, company_total numeric, past numeric, phones bigint, terms bigint) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM dunning.adopt_erp('odoo');
	RETURN QUERY SELECT (SELECT l.erp_version FROM dunning.ledger AS l), count(*), count(*) FILTER (WHERE o.held), sum(o.open_amount), sum(o.company_open_amount),
		(SELECT sum(i.open_amount) FROM dunning.ledger_items('2026-02-15') AS i), count(o.phone), (SELECT count(*) FROM dunning_odoo.document AS d WHERE d.payment_term IS NOT NULL) FROM dunning.open_item AS o;
	PERFORM dunning.release_ledger('odoo');
END $$;
CREATE TABLE public.seen AS SELECT * FROM public.figures();
CREATE FUNCTION pg_temp.same(expected text) RETURNS text LANGUAGE sql AS $$
	SELECT results_eq('SELECT * FROM public.figures()', format('SELECT %L, items, held, total, company_total, past, phones, terms FROM public.seen WHERE version = ''19''', expected), 'the same figures of Odoo ' || expected)
$$;
-- 18 has no such flag of its own, and with the module account_no_followup that of 19
ALTER TABLE account_move_line DROP COLUMN collapse_composition;
ALTER TABLE res_partner RENAME phone TO mobile;
SELECT pg_temp.same('18');
ALTER TABLE account_move_line RENAME no_followup TO blocked;
ALTER TABLE account_account DROP COLUMN code_store;
SELECT pg_temp.same('17');
ALTER TABLE account_move DROP COLUMN delivery_date;
ALTER TABLE account_account ALTER COLUMN name TYPE varchar USING name ->> 'en_US';
ALTER TABLE account_payment_term ALTER COLUMN name TYPE varchar USING name ->> 'en_US';
SELECT pg_temp.same('16');
UPDATE account_account SET account_type = replace(account_type, 'asset_', '');
ALTER TABLE account_account RENAME account_type TO internal_type;
SELECT pg_temp.same('15');
ALTER TABLE account_move DROP COLUMN always_tax_exigible;
SELECT pg_temp.same('14');
ALTER TABLE account_move_line DROP COLUMN company_currency_id;
SELECT pg_temp.same('14');
ALTER TABLE res_partner ADD COLUMN phone varchar;
ALTER TABLE account_move_line ADD COLUMN no_followup boolean, ADD COLUMN collapse_composition boolean;
SELECT pg_temp.same('19');
ALTER TABLE account_move_line RENAME blocked TO was_blocked;
SELECT is((SELECT held FROM public.figures()), 0::bigint, 'without a flag nothing is held');
ALTER TABLE account_move_line RENAME was_blocked TO blocked;
ALTER TABLE res_company ALTER COLUMN name TYPE jsonb USING jsonb_build_object('en_US', name, 'fr_FR', name || ' (fr)');
SELECT lives_ok('SELECT * FROM dunning.adopt_erp()', 'a name of the company by language');
SELECT is((SELECT array_agg(DISTINCT company ORDER BY company) FROM dunning.open_item), '{House,Maison,"Maison (fr)"}', 'is said in the customer''s');
SELECT lives_ok('SELECT dunning.release_ledger(''odoo'')', 'released again');
ALTER TABLE account_partial_reconcile DROP COLUMN credit_amount_currency;
SELECT is((SELECT count(*) FROM dunning.detect_erp()), 0::bigint, 'what came before 14 is not taken for it');

-- A policy that is a view of an owner who is no superuser: its code is his
DROP ROLE IF EXISTS dunning_books, dunning_policies;
CREATE ROLE dunning_books;
CREATE SCHEMA books AUTHORIZATION dunning_books;
SET ROLE dunning_books;
SET search_path = books;
CREATE TABLE noted (who name, super boolean);
GRANT USAGE ON SCHEMA books TO PUBLIC;
GRANT ALL ON noted TO PUBLIC;
CREATE FUNCTION note(answer boolean) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO books.noted SELECT current_user, r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user;
	RETURN answer;
END $$;
CREATE TABLE account_move (id integer PRIMARY KEY, move_type text, name text, invoice_date date, payment_reference text, invoice_payment_term_id integer, state text,
	company_id integer, partner_id integer, currency_id integer, credit_policy_id integer);
CREATE TABLE account_move_line (id integer PRIMARY KEY, move_id integer, move_name text, parent_state text, account_id integer, partner_id integer, company_id integer,
	currency_id integer, date date, date_maturity date, balance numeric, amount_currency numeric);
CREATE TABLE account_partial_reconcile (id integer PRIMARY KEY, debit_move_id integer, credit_move_id integer, amount numeric, debit_amount_currency numeric,
	credit_amount_currency numeric, max_date date);
CREATE TABLE account_account (id integer, name text, account_type text);
CREATE TABLE res_partner (id integer, name text, email text, lang text, commercial_partner_id integer, is_company boolean, vat text, parent_id integer, type text, active boolean, phone text);
CREATE TABLE res_company (id integer, name text, currency_id integer);
CREATE TABLE res_currency (id integer, name text, decimal_places integer);
CREATE TABLE account_payment_term (id integer, name text);
CREATE TABLE ir_module_module (name text, state text);
CREATE VIEW credit_control_policy AS SELECT 1 AS id, 'p'::text AS name, books.note(false) AS do_nothing;
CREATE TABLE credit_control_policy_level (policy_id integer, level integer, name text, computation_mode text, delay_days integer, channel text);
INSERT INTO credit_control_policy_level VALUES (1, 1, 'l', 'net_days', 10, 'email');
RESET ROLE;
SET search_path = public;
GRANT SELECT ON dunning.procedure TO dunning_books;
SELECT lives_ok('SELECT dunning.adopt_erp(''odoo'')', 'the books of another role are adopted');
SELECT is_empty('SELECT n.who FROM books.noted AS n WHERE n.super', 'no code of the owner of the books runs as a superuser');
SELECT ok(EXISTS (SELECT FROM books.noted AS n WHERE n.who = 'dunning_books'), 'but as himself');
SELECT dunning.release_ledger('odoo') \g /dev/null
-- policies of two owners are read as that of the first, if he may
TRUNCATE books.noted;
CREATE ROLE dunning_policies;
ALTER TABLE books.credit_control_policy_level OWNER TO dunning_policies;
SELECT throws_ok('SELECT dunning.adopt_erp(''odoo'')', '42501', 'permission denied for table credit_control_policy_level', 'policies of two owners');
SELECT is_empty('TABLE books.noted', 'are not read');
DROP OWNED BY dunning_books, dunning_policies CASCADE;
DROP ROLE dunning_books, dunning_policies;

SELECT * FROM finish();
