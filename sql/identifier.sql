-- Numbers with check digits, and QR codes: answers and errors.
SET search_path = public;
\pset null '(null)'
CREATE FUNCTION fails(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text; message text; detail text; hint text; result text;
BEGIN
	EXECUTE 'SELECT ' || query INTO result;
	RETURN 'accepted: ' || result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', state, message, nullif(detail, ''), nullif(hint, ''));
END $$;

SELECT iban, dunning.is_iban(iban), dunning.iban_problem(iban)
FROM unnest(ARRAY['FR14 2004 1010 0505 0001 3M02 606', 'fr1420041010050500013m02606', 'FR1420041010050500013M02607', 'FR142004101005050001', 'FR1420041010050500013M0260X', 'XX431234', 'FR', '', 'FR14-2004', NULL])
	WITH ORDINALITY AS v (iban, n) ORDER BY n;
SELECT reference, dunning.is_creditor_reference(reference), dunning.creditor_reference_problem(reference)
FROM unnest(ARRAY['RF18 5390 0754 7034', 'RF17539007547034', 'RF04', 'XF18539007547034', 'RF18 5390/0754', NULL]) WITH ORDINALITY AS v (reference, n) ORDER BY n;
SELECT dunning.creditor_reference('F-2026/101'), dunning.is_creditor_reference(dunning.creditor_reference('F-2026/101')), dunning.creditor_reference(NULL) AS "null";
SELECT number, dunning.is_siren(number), dunning.siren_problem(number), dunning.is_siret(number), dunning.siret_problem(number)
FROM unnest(ARRAY['404 833 048', '404833049', '40483304', '73282932000074', '35600000009075', '35600000049838', '7328293200007A', NULL]) WITH ORDINALITY AS v (number, n) ORDER BY n;
SELECT number, country, dunning.is_vat_number(number, country), dunning.vat_problem(number, country)
FROM (VALUES (1, 'FR 40 303 265 045', NULL), (2, '40303265045', 'FR'), (3, '84323140391', 'FR'), (4, 'BE 428.759.497', NULL), (5, 'ESB58378431', NULL), (6, 'B58378431', 'ES'),
	(7, 'NL004495445C01', 'NL'), (8, 'PT50196484', NULL), (9, NULL, 'FR'), (10, '', NULL)) AS v (n, number, country) ORDER BY n;
SELECT dunning.french_vat_number('443 121 975');
SELECT dunning.epc_qr('François D''Alsace S.A.', 'FR14 2004 1010 0505 0001 3M02 606', 12.30, remittance => 'Client:Marie Louise La Lune') AS text;
SELECT dunning.epc_qr('ACME', 'DE33100205000001194700', 1000.00, reference => 'RF18 5390 0754 7034', bic => 'BFSWDE33BER', purpose => 'CHAR', information => 'Thanks') AS reference;
SELECT dunning.epc_qr(NULL, 'x') AS name, dunning.epc_qr('x', NULL) AS iban, dunning.epc_qr('x', 'DE33100205000001194700') AS least;
SELECT n, fails(query) FROM (VALUES (1, $$dunning.creditor_reference('')$$), (2, $$dunning.creditor_reference('Fé1')$$), (3, $$dunning.creditor_reference(repeat('1', 22))$$),
	(4, $$dunning.french_vat_number('443121976')$$), (5, $$dunning.is_vat_number('1', 'fr')$$), (6, $$dunning.vat_problem('1', 'FRA')$$),
	(10, $$dunning.epc_qr('', 'DE33100205000001194700')$$), (11, $$dunning.epc_qr('x', 'DE33100205000001194701')$$), (12, $$dunning.epc_qr(E'x\ny', 'DE33100205000001194700')$$),
	(13, $$dunning.epc_qr(repeat('x', 71), 'DE33100205000001194700')$$), (14, $$dunning.epc_qr(repeat('é', 70), 'DE33100205000001194700') IS NOT NULL$$),
	(15, $$dunning.epc_qr('x', 'DE33100205000001194700', 0)$$), (16, $$dunning.epc_qr('x', 'DE33100205000001194700', 0.001)$$), (17, $$dunning.epc_qr('x', 'DE33100205000001194700', 1e9)$$),
	(18, $$dunning.epc_qr('x', 'DE33100205000001194700', 'NaN')$$), (19, $$dunning.epc_qr('x', 'DE33100205000001194700', -1)$$),
	(20, $$dunning.epc_qr('x', 'DE33100205000001194700', reference => 'F-101')$$), (21, $$dunning.epc_qr('x', 'DE33100205000001194700', reference => 'RF18539007547034', remittance => 'x')$$),
	(22, $$dunning.epc_qr('x', 'DE33100205000001194700', remittance => repeat('x', 141))$$), (23, $$dunning.epc_qr('x', 'DE33100205000001194700', bic => 'BFSWDE3')$$),
	(24, $$dunning.epc_qr('x', 'DE33100205000001194700', purpose => 'char')$$), (25, $$dunning.epc_qr('x', 'DE33100205000001194700', information => repeat('x', 71))$$),
	(26, $$dunning.epc_qr(repeat('é', 70), 'DE33100205000001194700', remittance => repeat('é', 140))$$)) AS v (n, query) ORDER BY n;
DROP FUNCTION fails;
