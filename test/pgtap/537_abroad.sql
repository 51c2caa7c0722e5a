-- Letters abroad: the country on the address, and what a formal notice says of a debtor without a SIREN.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\ir said.psql

-- ISO 3166-1 has 249 countries
SELECT is((SELECT count(*) || ' ' || bool_and(c.code ~ '^[A-Z]{2}$' AND cardinality(c.words) > 0) FROM dunning.country AS c WHERE c.shipped), '249 true', 'all countries');
SELECT is_empty($$ SELECT c.code FROM dunning.country AS c CROSS JOIN LATERAL (VALUES (c.name_en), (c.name_fr), (c.name_de), (c.name_nl)) AS n (name) WHERE n.name = '' OR n.name ~ '[a-z\[]' OR n.name ~ ',' AND c.code NOT IN ('BQ', 'SH') OR n.name ~ '^ | $' $$, 'names in capitals and in natural order');
SELECT is_empty($$ SELECT w FROM dunning.country AS c CROSS JOIN LATERAL unnest(c.words) AS w GROUP BY w HAVING count(*) > 1 $$, 'no word is of two countries');
SELECT is_empty($$ SELECT c.code, n.name FROM dunning.country AS c CROSS JOIN LATERAL (VALUES (c.name_en), (c.name_fr), (c.name_de), (c.name_nl)) AS n (name) WHERE _dunning.country_code(n.name) IS DISTINCT FROM c.code $$, 'each name is known');
SELECT is(_dunning.country_code(word), code, word) FROM (VALUES ('fr', 'FR'), (' Côte d''Ivoire', 'CI'), ('côte d''ivoire', 'CI'), ('Cote d''Ivoire', 'CI'), ('Ivory Coast', 'CI'), ('Türkiye', 'TR'), ('Turkey', 'TR'), ('TUR', 'TR'), ('Türkei', 'TR'),
	('uk', 'GB'), ('Royaume-Uni', 'GB'), ('Österreich', 'AT'), ('österreich', 'AT'), ('EL', 'GR'), ('Congo', 'CG'), ('Democratic Republic of the Congo', 'CD'), ('Congo, The Democratic Republic of the', 'CD'), ('Czech Republic', 'CZ'),
	('Curaçao', 'CW'), ('South Korea', 'KR'), ('Niger', 'NE'), ('Nigeria', 'NG'), ('España', 'ES'), ('Atlantis', 'ATLANTIS'), (' ', NULL)) AS v (word, code);
SELECT is(_dunning.country_name(word, language), name, concat(word, ' in ', language)) FROM (VALUES ('CI', 'en', 'CÔTE D''IVOIRE'), ('CI', 'nl', 'IVOORKUST'), ('Turkey', 'fr', 'TÜRKIYE'), ('TR', 'de', 'TÜRKEI'), ('Germany', 'fr', 'ALLEMAGNE'), ('Deutschland', 'nl', 'DUITSLAND'),
	('US', 'fr', 'ÉTATS-UNIS'), ('CD', 'en', 'DEMOCRATIC REPUBLIC OF THE CONGO'), ('AT', 'de', 'ÖSTERREICH'), ('GB', 'es', 'UNITED KINGDOM'), ('Atlantis', 'fr', 'ATLANTIS')) AS v (word, language, name);

INSERT INTO dunning.procedure (name, procedure) VALUES ('formal', '5 registered_letter "Formal"');
CREATE TABLE client (id integer PRIMARY KEY, nom text, adresse text, cp text, ville text, pays text, siren text, langue text, pro boolean);
INSERT INTO client VALUES (1, 'Lyon', '1 quai', '69002', 'Lyon', 'France', NULL, 'fr', true), (2, 'Tokyo KK', '1-1 Marunouchi', '100-0005', 'Tokyo', 'Japan', NULL, 'en', NULL), (3, 'Wien', 'Ring 1', '1010', 'Wien', 'AT', NULL, 'de', NULL),
	(4, 'Nowhere', '1 street', NULL, 'Town', NULL, NULL, NULL, NULL), (5, 'Reunion', '1 rue', '97400', 'Saint-Denis', 'RE', NULL, 'fr', NULL), (6, 'Dupont', '2 quai', '69002', 'Lyon', 'FR', NULL, 'fr', false), (7, 'Paris', '1 rue', '75001', 'Paris', 'FR', '404833048', 'fr', true);
CREATE TABLE facture (id integer PRIMARY KEY, client integer, emise date, echeance date, montant numeric);
INSERT INTO facture SELECT c.id, c.id, pg_temp.day(-60), pg_temp.day(-6), 100 * c.id FROM client AS c;
INSERT INTO dunning.rule (name, rule) VALUES ('ten', '10%; compensation 40.00 EUR');
SELECT FROM dunning.adopt('facture', columns => '{"key": "id", "customer": "client", "issued_on": "emise", "due_on": "echeance", "open_amount": "montant", "amount": "montant", "customers": {"table": "client", "key": "id", "name": "nom", "address": "adresse", "postcode": "cp", "city": "ville", "country": "pays",
	"identifier": "siren", "language": "langue", "professional": "pro"}}', rule => 'ten', procedure => 'formal') \g /dev/null
SELECT dunning.save_sender('ACME', siren => '732829320', signatory => 'A') \g /dev/null
SELECT results_eq($$ SELECT g.customer::text, g.channel, g.lacks, g.sent_by FROM dunning.contact_gaps() AS g ORDER BY 1 $$, $$ VALUES ('1', 'registered_letter', 'identifier', NULL), ('4', 'registered_letter', 'identifier', NULL), ('5', 'registered_letter', 'identifier', NULL) $$,
	'who is registered in France needs his number, beforehand; who is abroad, or a consumer, does not');
SELECT dunning.run_reminders(), dunning.make_notices() \g /dev/null
SELECT count(*) FROM dunning.take_notices('registered_letter') \g /dev/null
SELECT results_eq($$ SELECT n.customer::text, n.state, n.language, replace(n.address, E'\n', ', '), n.reason FROM dunning.notice AS n ORDER BY n.customer::text $$, $$ VALUES
	('1', 'set_aside', 'fr', 'Lyon, 1 quai, 69002 Lyon', 'formal notice "formal_notice" cannot be written: the SIREN of the debtor, or his VAT number'), ('2', 'taken', 'en', 'Tokyo KK, 1-1 Marunouchi, 100-0005 Tokyo, JAPON', NULL),
	('3', 'taken', 'de', 'Wien, Ring 1, 1010 Wien, AUTRICHE', NULL), ('4', 'set_aside', 'fr', 'Nowhere, 1 street, Town', 'formal notice "formal_notice" cannot be written: the SIREN of the debtor, or his VAT number'),
	('5', 'set_aside', 'fr', 'Reunion, 1 rue, 97400 Saint-Denis, RÉUNION', 'formal notice "formal_notice" cannot be written: the SIREN of the debtor, or his VAT number'), ('6', 'taken', 'fr', 'Dupont, 2 quai, 69002 Lyon', NULL), ('7', 'taken', 'fr', 'Paris, 1 rue, 75001 Paris', NULL) $$,
	'letters abroad end with the country in the language of the sender');
SELECT alike((SELECT n.body FROM dunning.notice AS n WHERE n.customer = '2'), E'%Tokyo KK\n1-1 Marunouchi\n100-0005 Tokyo\nJAPON%', 'so does the text');
UPDATE client SET pays = 'JP' WHERE id = 4;
SELECT dunning.withdraw_notice(n.notice, 'his country is known') FROM dunning.notice AS n WHERE n.customer = '4' \g /dev/null
SELECT dunning.make_notices() \g /dev/null
SELECT is((SELECT string_agg(t.customer::text, ',') FROM dunning.take_notices('registered_letter') AS t), '4', 'once his country is known, his letter goes');
SELECT set_eq($$ SELECT dunning.missing_values(dunning.template_sample('en') #- '{customer,siren}' #- '{customer,vat_number}' #- '{customer,address}' #- '{contact,address}' || '{}' ) $$, ARRAY['the SIREN of the debtor, or his VAT number'], 'in France the number');
SELECT set_eq($$ SELECT dunning.missing_values(jsonb_set(dunning.template_sample('en') #- '{customer,siren}' #- '{customer,vat_number}' #- '{customer,address}' #- '{contact,address}', '{customer,raw,country}', '"JP"')) $$, ARRAY['the postal address of the debtor, who has no SIREN or VAT number'], 'elsewhere at least the address');
SELECT is_empty($$ SELECT dunning.missing_values(jsonb_set(dunning.template_sample('en') #- '{customer,siren}' #- '{customer,vat_number}', '{customer,raw,country}', '"JP"')) $$, 'which is enough');

-- a row of your own has another name
INSERT INTO dunning.country (code, name_en, name_fr, name_de, name_nl, words) VALUES ('XK', 'KOSOVO', 'KOSOVO', 'KOSOVO', 'KOSOVO', '{KOSOVA}');
SELECT is(_dunning.country_name('Kosova', 'fr') || _dunning.country_code('Kosovo'), 'KOSOVOXK', 'a country of your own');
SELECT * FROM finish();
ROLLBACK;
