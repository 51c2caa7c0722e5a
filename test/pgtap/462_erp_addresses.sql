-- Postal addresses and numbers of the customers of known ERPs, as far as their tables have them.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT no_plan();
CREATE FUNCTION pg_temp.customers(views text, schema name, version text) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
DECLARE
	q text;
BEGIN
	EXECUTE format('SELECT query FROM _dunning.%I($1, $2) WHERE view = ''customer''', views) INTO q USING schema, version;
	RETURN QUERY EXECUTE format('SELECT jsonb_build_array(c.key::text, c.address, c.postcode, c.city, c.country, c.identifier) FROM (%s) AS c ORDER BY c.key', q);
END $$;

CREATE SCHEMA odoo;
CREATE TABLE odoo.res_country (id integer, code varchar);
CREATE TABLE odoo.res_partner (id integer, name varchar, email varchar, phone varchar, lang varchar, commercial_partner_id integer, is_company boolean, vat varchar, parent_id integer, type varchar, active boolean,
	street varchar, street2 varchar, zip varchar, city varchar, country_id integer, siret varchar);
INSERT INTO odoo.res_country VALUES (75, 'FR');
INSERT INTO odoo.res_partner VALUES (1, 'A', NULL, NULL, 'fr_FR', 1, true, 'FR83404833048', NULL, 'contact', true, '1 rue X', ' Bât. B ', '75001', 'Paris', 75, '40483304800022'),
	(2, 'B', NULL, NULL, 'fr_FR', 2, true, '/', NULL, 'contact', true, '', NULL, NULL, '', NULL, NULL);
SELECT results_eq($$ SELECT * FROM pg_temp.customers('erp_odoo_views', 'odoo', '17') $$,
	$$ VALUES ('["1", "1 rue X\nBât. B", "75001", "Paris", "FR", "40483304800022"]'::jsonb), ('["2", null, null, null, null, null]') $$, 'Odoo');
ALTER TABLE odoo.res_partner DROP street2, DROP siret, DROP country_id;
SELECT results_eq($$ SELECT * FROM pg_temp.customers('erp_odoo_views', 'odoo', '17') $$,
	$$ VALUES ('["1", "1 rue X", "75001", "Paris", null, "FR83404833048"]'::jsonb), ('["2", null, null, null, null, null]') $$, 'an Odoo without some columns');

CREATE SCHEMA dolibarr;
CREATE TABLE dolibarr.llx_facture (rowid integer, entity integer, fk_soc integer, ref varchar, datef date, date_lim_reglement date, total_ttc double precision, fk_statut integer, type integer, close_code varchar);
CREATE TABLE dolibarr.llx_paiement (rowid integer, datep timestamp);
CREATE TABLE dolibarr.llx_paiement_facture (fk_paiement integer, fk_facture integer, amount double precision);
CREATE TABLE dolibarr.llx_societe_remise_except (datec timestamp, amount_ttc double precision, fk_facture integer, fk_facture_source integer);
CREATE TABLE dolibarr.llx_c_country (rowid integer, code varchar);
CREATE TABLE dolibarr.llx_societe (rowid integer, nom varchar, email varchar, phone varchar, default_lang varchar, address varchar, zip varchar, town varchar, fk_pays integer, siren varchar, siret varchar, tva_intra varchar);
INSERT INTO dolibarr.llx_c_country VALUES (1, 'FR');
INSERT INTO dolibarr.llx_societe VALUES (1, 'A', NULL, NULL, 'fr_FR', E'1 rue X\nBât. B', '75001', 'Paris', 1, '404833048', NULL, 'FR83404833048'), (2, 'B', NULL, NULL, NULL, NULL, '', NULL, NULL, '', '', 'FR83404833048');
SELECT results_eq($$ SELECT * FROM pg_temp.customers('erp_dolibarr_views', 'dolibarr', '14 or later') $$,
	$$ VALUES ('["1", "1 rue X\nBât. B", "75001", "Paris", "FR", "404833048"]'::jsonb), ('["2", null, null, null, null, "FR83404833048"]') $$, 'Dolibarr');

CREATE SCHEMA tryton;
CREATE TABLE tryton.party_party (id integer, name varchar);
CREATE TABLE tryton.country_country (id integer, code varchar);
CREATE TABLE tryton.party_identifier (id integer, party integer, type varchar, code varchar);
CREATE TABLE tryton.party_address (id integer, party integer, active boolean, sequence integer, invoice boolean, street text, postal_code varchar, city varchar, country integer);
INSERT INTO tryton.country_country VALUES (1, 'FR');
INSERT INTO tryton.party_party VALUES (1, 'A'), (2, 'B');
INSERT INTO tryton.party_identifier VALUES (1, 1, 'eu_vat', 'FR83404833048'), (2, 1, 'fr_siren', '404833048'), (3, 1, 'other', 'x');
INSERT INTO tryton.party_address VALUES (1, 1, true, 1, false, '9 rue Z', '1', 'Z', NULL), (2, 1, true, 2, true, E'1 rue X\nBât. B', '75001', 'Paris', 1), (3, 1, false, 0, true, 'old', NULL, NULL, NULL);
SELECT results_eq($$ SELECT * FROM pg_temp.customers('erp_tryton_views', 'tryton', '6.0') $$,
	$$ VALUES ('["1", "1 rue X\nBât. B", "75001", "Paris", "FR", "404833048"]'::jsonb), ('["2", null, null, null, null, null]') $$, 'Tryton: the active address for invoices');
-- what these say beside their views
CREATE FUNCTION pg_temp.columns(erp text, schema name, version text) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
DECLARE
	q text;
	e text;
BEGIN
	EXECUTE format('SELECT query FROM _dunning.erp_%s_views($1, $2) WHERE view = ''customer''', erp) INTO q USING schema, version;
	EXECUTE format('SELECT string_agg(coalesce((SELECT c.expression FROM _dunning.erp_%s_columns($1, $2) WITH ORDINALITY AS c (view, column_name, expression, n) WHERE c.view = ''customer'' AND c.column_name = f.name
		AND c.expression IS NOT NULL ORDER BY c.n LIMIT 1), ''NULL''), '', '' ORDER BY f.n) FROM unnest(''{address,postcode,city,country,identifier}''::text[]) WITH ORDINALITY AS f (name, n)', erp) INTO e USING schema, version;
	RETURN QUERY EXECUTE format('SELECT jsonb_build_array(v.key::text, %s) FROM (%s) AS v ORDER BY v.key', e, q);
END $$;

CREATE SCHEMA lsmb;
CREATE TABLE lsmb.defaults (setting_key text, value text);
CREATE TABLE lsmb.entity (id integer, name text);
CREATE TABLE lsmb.company (id integer, entity_id integer, legal_name text, tax_id text, sales_tax_id text);
CREATE TABLE lsmb.entity_credit_account (id integer, entity_id integer, entity_class integer, language_code varchar);
CREATE TABLE lsmb.country (id integer, name text, short_name text);
CREATE TABLE lsmb.location (id integer, line_one text, line_two text, line_three text, city text, state text, country_id integer, mail_code text, active boolean);
CREATE TABLE lsmb.eca_to_location (location_id integer, location_class integer, credit_id integer);
CREATE TABLE lsmb.entity_to_location (location_id integer, location_class integer, entity_id integer);
INSERT INTO lsmb.country VALUES (75, 'France', 'FR');
INSERT INTO lsmb.entity VALUES (10, 'A'), (20, 'B'), (30, 'C');
INSERT INTO lsmb.company VALUES (1, 10, 'A', ' 404833048 ', 'FR83404833048'), (2, 20, 'B', '', 'FR83404833048');
INSERT INTO lsmb.entity_credit_account VALUES (1, 10, 2, 'fr'), (2, 20, 2, 'fr'), (3, 30, 2, 'fr');
INSERT INTO lsmb.location VALUES (1, '9 dock', NULL, NULL, 'Z', NULL, 75, '1', true), (2, '1 rue X', ' Bât. B ', '', 'Paris', NULL, 75, '75001', true), (3, 'old', NULL, NULL, 'Z', NULL, 75, '1', false), (4, '2 rue Y', NULL, NULL, 'Lyon', NULL, 75, '69002', true);
INSERT INTO lsmb.eca_to_location VALUES (1, 3, 1), (2, 1, 1), (3, 1, 1), (3, 1, 2);
INSERT INTO lsmb.entity_to_location VALUES (4, 1, 10), (4, 5, 20);
SELECT results_eq($$ SELECT * FROM pg_temp.columns('ledgersmb', 'lsmb', '1.6') $$, $$ VALUES ('["1", "1 rue X\nBât. B", "75001", "Paris", "FR", "404833048"]'::jsonb), ('["2", "2 rue Y", "69002", "Lyon", "FR", "FR83404833048"]'), ('["3", null, null, null, null, null]') $$,
	'LedgerSMB: the active address of the account for bills, or else of the company');
ALTER TABLE lsmb.location DROP active;
SELECT results_eq($$ SELECT * FROM pg_temp.columns('ledgersmb', 'lsmb', '1.6') OFFSET 1 $$, $$ VALUES ('["2", "old", "1", "Z", "FR", "FR83404833048"]'::jsonb), ('["3", null, null, null, null, null]') $$, 'a LedgerSMB that does not say which are active');

CREATE SCHEMA idempiere;
CREATE TABLE idempiere.c_bpartner (c_bpartner_id numeric, name varchar, ad_language varchar, taxid varchar);
CREATE TABLE idempiere.c_country (c_country_id numeric, countrycode char(2));
CREATE TABLE idempiere.c_location (c_location_id numeric, address1 varchar, address2 varchar, address3 varchar, address4 varchar, postal varchar, city varchar, c_country_id numeric);
CREATE TABLE idempiere.c_bpartner_location (c_bpartner_location_id numeric, c_bpartner_id numeric, c_location_id numeric, isactive char(1), isbillto char(1));
INSERT INTO idempiere.c_bpartner VALUES (1, 'A', 'fr_FR', '404833048'), (2, 'B', NULL, ' ');
INSERT INTO idempiere.c_country VALUES (102, 'FR');
INSERT INTO idempiere.c_location VALUES (1, '9 dock', NULL, NULL, NULL, '1', 'Z', 102), (2, '1 rue X', 'Bât. B', '', NULL, '75001', 'Paris', 102), (3, 'old', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO idempiere.c_bpartner_location VALUES (1, 1, 1, 'Y', 'N'), (2, 1, 2, 'Y', 'Y'), (3, 1, 3, 'N', 'Y');
SELECT results_eq($$ SELECT * FROM pg_temp.columns('idempiere', 'idempiere', 'iDempiere') $$, $$ VALUES ('["1", "1 rue X\nBât. B", "75001", "Paris", "FR", "404833048"]'::jsonb), ('["2", null, null, null, null, null]') $$,
	'iDempiere: the active address for bills');

CREATE SCHEMA erpnext;
CREATE TABLE erpnext."tabCustomer" (name varchar, customer_name varchar, tax_id varchar);
CREATE TABLE erpnext."tabDynamic Link" (parent varchar, parenttype varchar, link_doctype varchar, link_name varchar);
CREATE TABLE erpnext."tabAddress" (name varchar, address_line1 varchar, address_line2 varchar, city varchar, pincode varchar, country varchar, address_type varchar, is_primary_address smallint, disabled smallint);
INSERT INTO erpnext."tabCustomer" VALUES ('A', 'A', '404833048'), ('B', 'B', '');
INSERT INTO erpnext."tabAddress" VALUES ('1', '9 dock', NULL, 'Z', '1', 'France', 'Shipping', 0, 0), ('2', '1 rue X', 'Bât. B', 'Paris', '75001', 'France', 'Billing', 0, 0), ('3', 'old', NULL, 'Z', NULL, 'France', 'Billing', 1, 1);
INSERT INTO erpnext."tabDynamic Link" VALUES ('1', 'Address', 'Customer', 'A'), ('2', 'Address', 'Customer', 'A'), ('3', 'Address', 'Customer', 'A'), ('2', 'Contact', 'Customer', 'B');
SELECT results_eq($$ SELECT * FROM pg_temp.columns('erpnext', 'erpnext', '14 or later') $$, $$ VALUES ('["A", "1 rue X\nBât. B", "75001", "Paris", "France", "404833048"]'::jsonb), ('["B", null, null, null, null, null]') $$,
	'ERPNext: the address for bills');
SELECT * FROM finish();
ROLLBACK;
