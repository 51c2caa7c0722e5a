-- The profile of French accounting entries files, loaded without the script: lines
-- put into fec.raw, and script/fec.sql.  Expected figures stand in the test.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT no_plan();
\ir erp.psql

\o /dev/null
\ir ../../script/fec.sql
\o
SELECT set_eq('SELECT erp, version, schema::text, sure FROM dunning.detect_erp()', $$ VALUES ('fec', 'A47 A-1', 'fec', 1.0) $$, 'the tables are seen');
INSERT INTO fec.raw (text) VALUES
	('JournalCode|JournalLib|EcritureNum|EcritureDate|CompteNum|CompteLib|CompAuxNum|CompAuxLib|PieceRef|PieceDate|EcritureLib|Debit|Credit|EcritureLet|DateLet|ValidDate|Montantdevise|Idevise'),
	-- carried forward from before: an invoice of its own day, and a sum
	('AN|A nouveaux|1|20250101|411000|Clients|DUR|Durand|F90|20241115|Facture F90|50,00|0,00|B|20250210|20250131||'),
	('AN|A nouveaux|1|20250101|411000|Clients|SUM|Somme|||Solde|300,00|0,00|||20250131||'),
	('AN|A nouveaux|1|20250101|890000|Bilan|||||Ouverture|0,00|350,00|||20250131||'),
	-- two lines of one invoice, a part of which is paid; the small letter says that it is not all
	('VE|Ventes|2|20250110|411000|Clients|DUR|Durand|F1|20250110|Facture F1|60,00|0,00|a|20250301|20250131||'),
	('VE|Ventes|2|20250110|411000|Clients|DUR|Durand|F1|20250110|Facture F1|60,00|0,00|a|20250301|20250131||'),
	('VE|Ventes|2|20250110|707000|Ventes|||F1|20250110|Facture F1|0,00|120,00|||20250131||'),
	('BQ|Banque|3|20250210|512000|Banque|||R1||Cheque|140,00|0,00|||20250228||'),
	('BQ|Banque|3|20250210|411000|Clients|DUR|Durand|R1||Cheque|0,00|90,00|a|20250301|20250228||'),
	('BQ|Banque|3|20250210|411000|Clients|DUR|Durand|R1||Cheque|0,00|50,00|B|20250210|20250228||'),
	-- a bill of exchange, and money that names nothing
	('OD|Divers|4|20250301|413000|Effets|DUR|Durand Fils|L1|20250301|LCR|75,50|0,00|||20250331||'),
	('OD|Divers|4|20250301|707000|Ventes|||L1|20250301|LCR|0,00|75,50|||20250331||'),
	('BQ|Banque|5|20250305|512000|Banque|||R2|20250305|Acompte|20,00|0,00|||20250331||'),
	('BQ|Banque|5|20250305|411000|Clients|DUR|Durand|R2|20250305|Acompte|0,00|20,00|||20250331||'),
	-- a credit note, and an invoice lettered with something that is not here
	('VE|Ventes|6|20250310|411000|Clients|SUM|Somme|A1|20250310|Avoir A1|0,00|12,00|||20250331||'),
	('VE|Ventes|6|20250310|707000|Ventes|||A1|20250310|Avoir A1|12,00|0,00|||20250331||'),
	('VE|Ventes|7|20250315|411000|Clients|SUM|Somme|F2|20250315|Facture F2|99,00|0,00|Z|20260105|20250331||'),
	('VE|Ventes|7|20250315|707000|Ventes|||F2|20250315|Facture F2|0,00|99,00|||20250331||'),
	-- accounts that are not customers'
	('AC|Achats|8|20250320|419000|Avances|SUM|Somme|X|20250320|Avance|0,00|5,00|||20250331||'),
	('AC|Achats|8|20250320|512000|Banque|||X|20250320|Avance|5,00|0,00|||20250331||');
UPDATE fec.raw SET file = '123456789FEC20251231.txt';
\o /dev/null
\set terms '30 jours'
\ir ../../script/fec.sql
\unset terms
UPDATE fec.customer SET terms = '45 jours fin de mois', email = 'compta@durand.example' WHERE code = 'DUR';
\ir ../../script/fec.sql
SELECT dunning.adopt_erp('fec', rule => NULL);
\o
SELECT set_eq($$ SELECT item::text, customer_name, reference, issued_on, due_on, amount, open_amount, kind, dunnable, document::text FROM dunning.open_items('2025-12-31') $$, $$ VALUES
	('123456789/VE/2/20250110/DUR/2', 'Durand', 'F1', date '2025-01-10', date '2025-02-28', 60.00, 30.00, 'invoice', true, '123456789/VE/2/20250110/DUR/F1'),
	('123456789/OD/4/20250301/DUR', 'Durand', 'L1', '2025-03-01', '2025-04-30', 75.50, 75.50, 'invoice', true, NULL),
	('123456789/BQ/5/20250305/DUR', 'Durand', 'R2', '2025-03-05', '2025-03-05', -20.00, -20.00, 'receipt', true, NULL),
	('123456789/AN/1/20250101/SUM', 'Somme', NULL, '2025-01-01', '2025-01-31', 300.00, 300.00, 'invoice', false, NULL),
	('123456789/VE/6/20250310/SUM', 'Somme', 'A1', '2025-03-10', '2025-03-10', -12.00, -12.00, 'credit_note', true, NULL),
	('123456789/VE/7/20250315/SUM', 'Somme', 'F2', '2025-03-15', '2025-04-14', 99.00, 99.00, 'invoice', false, NULL) $$,
	'what is open, by terms of the customer or of the company; a sum and what is lettered with nothing here are not dunned');
SELECT set_eq($$ SELECT item::text, due_on FROM dunning.open_items('2025-01-31') WHERE customer = '123456789/DUR' $$, $$ VALUES
	('123456789/AN/1/20250101/DUR', date '2024-12-31'), ('123456789/VE/2/20250110/DUR', '2025-02-28'), ('123456789/VE/2/20250110/DUR/2', '2025-02-28') $$,
	'in January all was open; the invoice of the year before fell due by its own day');
SELECT set_eq('SELECT problem, item FROM fec.problem', $$ VALUES ('sum carried forward', '123456789/AN/1/20250101/SUM'), ('lettered alone', '123456789/VE/7/20250315/SUM') $$, 'what is doubtful is told');
SELECT is_empty($$ SELECT FROM dunning.ledger_problems('fec', '2025-12-31') WHERE problem NOT IN ('no contact') $$, 'and nothing else is wrong');
SELECT is((SELECT email FROM fec.customer WHERE code = 'DUR'), 'compta@durand.example', 'what was filled in stays');
UPDATE fec.company SET terms = NULL;
SELECT set_eq($$ SELECT item::text, detail FROM dunning.ledger_problems('fec', '2025-12-31') WHERE problem = 'no due date' $$, $$ VALUES
	('123456789/AN/1/20250101/SUM', 'The ERP gives none; 2025-01-31 stands in for it.'), ('123456789/VE/7/20250315/SUM', 'The ERP gives none; 2025-04-14 stands in for it.') $$,
	'without terms 30 days stand in, and it is told');
UPDATE fec.company SET terms = '30 jours', oldest_first = true;
\o /dev/null
\ir ../../script/fec.sql
\o
SELECT set_eq($$ SELECT item::text, open_amount FROM dunning.open_items('2025-12-31') $$, $$ VALUES
	('123456789/VE/2/20250110/DUR/2', 10.00), ('123456789/OD/4/20250301/DUR', 75.50), ('123456789/AN/1/20250101/SUM', 288.00), ('123456789/VE/7/20250315/SUM', 99.00) $$,
	'where the company wants it, what is not lettered pays the oldest of its account');
SELECT set_has('SELECT problem, detail FROM fec.problem', $$ VALUES ('oldest first', '32.00 in all is not lettered with what it pays, and pays the oldest invoices') $$, 'which is told');
SELECT set_eq($$ SELECT pg_temp.unasked('fec', 'fec') $$, 'VALUES (NULL::text) LIMIT 0', 'the profile asks for all that its views read');
SET enable_seqscan = off;
SELECT unalike(pg_temp.plan($$ SELECT * FROM dunning.open_item WHERE ledger = 'fec' AND customer = '123456789/DUR' $$), '%Seq Scan%', 'a customer is looked up by the indexes');
RESET enable_seqscan;
SELECT is((SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class AS c WHERE c.relnamespace = 'fec'::regnamespace AND c.relkind = 'r'
	AND obj_description(c.oid, 'pg_class') IS NULL), NULL, 'each table of the loader has its comment');
SELECT dunning.release_ledger('fec') \g /dev/null
SELECT is((SELECT count(*) FROM fec.item), 10::bigint, 'released, the books stay');
SELECT * FROM finish();
