-- Check digits and QR codes: the published examples of numbers, beside the tests of the core.
-- A copy of the examples stands here; the file they come from is not part of the project
-- and is read, too, where it is found beside the repository or where the environment
-- variable DUNNING_SHARED says.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT no_plan();

CREATE TEMP TABLE example (id text PRIMARY KEY, area text, inputs jsonb, expected text);
INSERT INTO example VALUES
	('IB-01', 'iban', '{"number": "GR16 0110 1050 0000 1054 7023 795"}', 'True'),
	('IB-03', 'iban', '{"number": "FR1420041010050500013M02606"}', 'True'),
	('IB-05', 'iban', '{"number": "DE12500105170648489890"}', 'True'),
	('IB-07', 'iban', '{"number": "DE71110220330123456789"}', 'True'),
	('IB-09', 'iban', '{"number": "FR7A30066100410001057380116"}', 'False'),
	('IB-11', 'iban', '{"number": "XX431234"}', 'False'),
	('IB-12', 'iban_check_digits', '{"bban": "BExx435411161155"}', '31'),
	('IB-13', 'iban_be_national', '{"number": "BE32123456789002"}', 'True'),
	('RF-01', 'iso11649', '{"reference": "RF18 5390 0754 7034"}', 'True'),
	('RF-03', 'iso11649', '{"reference": "RF17 5390 0754 7034"}', 'False'),
	('RF-05', 'iso11649', '{"reference": "RF462"}', 'False'),
	('RF-07', 'iso11649', '{"reference": "RF04"}', 'False'),
	('RF-09', 'iso11649', '{"reference": "RF04GHJ74CV9B4DFH99RXPLMMQ43JKL0"}', 'False'),
	('RF-11', 'iso11649_create', '{"raw": "12346"}', 'RF5112346'),
	('RF-13', 'iso11649_create', '{"raw": "B334BOPQE39D902DC"}', 'RF91B334BOPQE39D902DC'),
	('SN-01', 'siren', '{"number": "404833048"}', 'True'),
	('SN-03', 'siren', '{"number": "217601145"}', 'True'),
	('SN-05', 'siret', '{"number": "73282932000074"}', 'True'),
	('SN-07', 'siret', '{"number": "35600000009075"}', 'True'),
	('SN-09', 'siret', '{"number": "35600000049838"}', 'False'),
	('SN-11', 'siret', '{"number": "30206838200050"}', 'True'),
	('VT-01', 'vat_fr', '{"number": "FR 40 303 265 045"}', 'True'),
	('VT-03', 'vat_fr', '{"number": "84323140391"}', 'False'),
	('VT-05', 'vat_fr', '{"number": "4Z123456782"}', 'True'),
	('VT-07', 'vat_fr', '{"number": "FR 53 0000 04605"}', 'True'),
	('VT-08', 'vat_fr_from_siren', '{"siren": "443121975"}', '46443121975'),
	('VT-10', 'vat_de', '{"number": "DE136695976"}', 'True'),
	('VT-12', 'vat_be', '{"number": "BE0428759497"}', 'True'),
	('VT-14', 'vat_nl', '{"number": "NL004495445B01"}', 'True'),
	('VT-16', 'vat_nl', '{"number": "NL123456789B90"}', 'False'),
	('VT-17', 'vat_lu', '{"number": "LU15027442"}', 'True'),
	('VT-18', 'vat_it', '{"number": "IT00743110157"}', 'True'),
	('VT-20', 'vat_at', '{"number": "ATU13585627"}', 'True'),
	('VT-22', 'vat_pl', '{"number": "PL8567346215"}', 'True'),
	('VT-24', 'vat_pt', '{"number": "PT501964843"}', 'True'),
	('EP-01', 'epc_qr_bytes', '{"version": "002", "encoding": 2, "name": "François D''Alsace S.A.", "iban": "FR1420041010050500013M02606", "amount": "12.30", "text": "Client:Marie Louise La Lune"}', '103'),
	('EP-03', 'epc_qr_amount', '{"amount": "1000"}', 'EUR1000'),
	('EP-05', 'epc_qr_amount', '{"amount": "12.30"}', 'EUR12.3'),
	('EP-07', 'epc_qr_amount', '{"amount": "0.001"}', 'error'),
	('EP-09', 'epc_qr_amount', '{"amount": "9999999990.99"}', 'error');

-- an example as we answer it; NULL if we have no such function
CREATE FUNCTION pg_temp.answer(area text, i jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	CASE area
		WHEN 'iban', 'iban_be_national' THEN RETURN initcap(dunning.is_iban(i->>'number')::text);
		WHEN 'iso11649' THEN RETURN initcap(dunning.is_creditor_reference(i->>'reference')::text);
		WHEN 'iso11649_create' THEN RETURN dunning.creditor_reference(i->>'raw');
		WHEN 'siren' THEN RETURN initcap(dunning.is_siren(i->>'number')::text);
		WHEN 'siret' THEN RETURN initcap(dunning.is_siret(i->>'number')::text);
		WHEN 'vat_fr_from_siren' THEN RETURN substr(dunning.french_vat_number(i->>'siren'), 3);
		WHEN 'epc_qr_amount' THEN RETURN split_part(dunning.epc_qr('x', 'DE71110220330123456789', (i->>'amount')::numeric), E'\n', 8);
		WHEN 'epc_qr_bytes' THEN
			-- the example is of the encoding 2, ISO 8859-1; ours is always UTF-8
			result := dunning.epc_qr(i->>'name', i->>'iban', (i->>'amount')::numeric, remittance => i->>'text');
			RETURN octet_length(convert_to(replace(result, E'BCD\n002\n1\n', E'BCD\n002\n2\n'), 'LATIN1'));
		ELSE
			RETURN CASE WHEN area ~ '^vat_..$' THEN initcap(dunning.is_vat_number(i->>'number', upper(right(area, 2)))::text) END;
	END CASE;
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN 'error';
END $$;

SELECT is(pg_temp.answer(area, inputs), expected, concat_ws(' ', id, area, inputs->>0, inputs->>'number'))
FROM example WHERE pg_temp.answer(area, inputs) IS NOT NULL ORDER BY id;
SELECT results_eq($$SELECT DISTINCT area FROM example WHERE pg_temp.answer(area, inputs) IS NULL$$, ARRAY['iban_check_digits'], 'all but one kind have a function');
-- the missing one: the check digits of an account are those that make it an IBAN
SELECT is((SELECT string_agg(k, ',') FROM (SELECT lpad(n::text, 2, '0') FROM generate_series(2, 98) AS n) AS d (k)
	WHERE dunning.is_iban(replace(inputs->>'bban', 'xx', k))), expected, id) FROM example WHERE area = 'iban_check_digits';

\set there `test -r "${DUNNING_SHARED:-../shared}/reference/process_examples.csv" && echo true || echo false`
\if :there
	CREATE TEMP TABLE published (id text PRIMARY KEY, area text, inputs jsonb, expected text, source text, recomputed text, verdict text);
	\copy published FROM PROGRAM 'cat "${DUNNING_SHARED:-../shared}/reference/process_examples.csv"' (FORMAT csv, HEADER)
	SELECT is_empty($$SELECT id, area, inputs, expected FROM example EXCEPT SELECT id, area, inputs, expected FROM published$$, 'the examples are those that were published');
	SELECT is_empty($$SELECT id, area FROM published WHERE area ~ '^(iban|iso11649|siren|siret|vat_|epc_)' EXCEPT SELECT id, area FROM example$$, 'and all of them are here');
\endif

SELECT * FROM finish();
