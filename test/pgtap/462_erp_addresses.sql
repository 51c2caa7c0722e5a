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
SELECT * FROM finish();
ROLLBACK;
