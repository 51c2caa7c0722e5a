-- Reference rates and jurisdictions as they are shipped, the rules that follow
-- from them, and what a user adds.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
BEGIN;
SELECT no_plan();

\ir try.psql
CREATE FUNCTION pg_temp.rate(jurisdiction text, day date, of_day date DEFAULT NULL, agreed numeric DEFAULT NULL) RETURNS numeric LANGUAGE sql AS
	$$ SELECT dunning.rate_on(dunning.rate_history(dunning.law_rule(code => $1, on_day => $3, rate => $4)), $2) $$;

--
-- The shipped rates are those of the collected files, which are not part of the
-- project: they are looked for beside the repository, or where the environment
-- variable DUNNING_SHARED says.
--
\set there `test -r "${DUNNING_SHARED:-../shared}/reference/rates/ecb_mro.csv" && echo true || echo false`
\if :there
CREATE TEMP TABLE part (effective_on date, rate numeric, confidence text, source text);
CREATE TEMP TABLE file (series text, effective_on date, rate numeric, confidence text);
CREATE FUNCTION pg_temp.keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO file SELECT TG_ARGV[0], NEW.effective_on, NEW.rate, NEW.confidence;
	RETURN NULL;
END $$;
CREATE TRIGGER keep BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION pg_temp.keep('ecb_mro');
\copy part FROM PROGRAM 'cat "${DUNNING_SHARED:-../shared}/reference/rates/ecb_mro.csv"' (FORMAT csv, HEADER)
CREATE OR REPLACE TRIGGER keep BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION pg_temp.keep('boe_bank_rate');
\copy part FROM PROGRAM 'cat "${DUNNING_SHARED:-../shared}/reference/rates/uk_boe_bank_rate.csv"' (FORMAT csv, HEADER)
CREATE OR REPLACE TRIGGER keep BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION pg_temp.keep('de_basiszinssatz');
\copy part FROM PROGRAM 'cat "${DUNNING_SHARED:-../shared}/reference/rates/de_basiszinssatz.csv"' (FORMAT csv, HEADER)
CREATE OR REPLACE TRIGGER keep BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION pg_temp.keep('at_basiszinssatz');
\copy part FROM PROGRAM 'cat "${DUNNING_SHARED:-../shared}/reference/rates/at_basiszinssatz_on_half_year.csv"' (FORMAT csv, HEADER)
CREATE OR REPLACE TRIGGER keep BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION pg_temp.keep('be_retard_paiement');
\copy part FROM PROGRAM 'cat "${DUNNING_SHARED:-../shared}/reference/rates/be_retard_paiement_b2b.csv"' (FORMAT csv, HEADER)
CREATE OR REPLACE TRIGGER keep BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION pg_temp.keep('nl_handelsrente');
\copy part FROM PROGRAM 'cat "${DUNNING_SHARED:-../shared}/reference/rates/nl_handelsrente.csv"' (FORMAT csv, HEADER)
CREATE OR REPLACE TRIGGER keep BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION pg_temp.keep('nl_wettelijke_rente');
\copy part FROM PROGRAM 'cat "${DUNNING_SHARED:-../shared}/reference/rates/nl_wettelijke_rente_consument.csv"' (FORMAT csv, HEADER)
CREATE OR REPLACE TRIGGER keep BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION pg_temp.keep('fr_taux_legal_professionnel');
\copy part FROM PROGRAM 'cat "${DUNNING_SHARED:-../shared}/reference/rates/fr_taux_legal_professionnel.csv"' (FORMAT csv, HEADER)
CREATE OR REPLACE TRIGGER keep BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION pg_temp.keep('fr_taux_legal_particulier');
\copy part FROM PROGRAM 'cat "${DUNNING_SHARED:-../shared}/reference/rates/fr_taux_legal_particulier.csv"' (FORMAT csv, HEADER)
CREATE OR REPLACE TRIGGER keep BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION pg_temp.keep('uemoa_taux_legal');
\copy part FROM PROGRAM 'cat "${DUNNING_SHARED:-../shared}/reference/rates/uemoa_taux_legal.csv"' (FORMAT csv, HEADER)
SELECT is((SELECT count(DISTINCT series) FROM file), 10::bigint, 'ten files are read');
SELECT cmp_ok((SELECT count(*) FROM file), '>=', 320::bigint, 'with all their rows');
-- the Belgian rates have a hole from 2005 to 2012: what is before it is a series of its own
SELECT results_eq('SELECT CASE series WHEN ''be_retard_paiement_2002'' THEN ''be_retard_paiement'' ELSE series END, effective_on, rate, confidence FROM dunning.reference_rate WHERE shipped ORDER BY 1, 2',
	'SELECT * FROM file ORDER BY 1, 2', 'every rate of the files is shipped, day, value and confidence, and no other');
\else
SELECT skip('no ../shared/reference/rates', 3);
\endif
SELECT is_empty('SELECT * FROM dunning.reference_rate WHERE source IS NULL', 'every rate has a source');
SELECT is_empty($$ SELECT s.series FROM dunning.reference_series AS s WHERE dunning.series_rates(s.series) IS NULL $$, 'every series has a history without a hole');
SELECT results_eq('SELECT series COLLATE "C", dunning.last_day(dunning.series_rates(series)) FROM dunning.reference_series ORDER BY 1',
	$$ VALUES ('at_basiszinssatz' COLLATE "C", date '2026-12-31'), ('be_retard_paiement', '2026-12-31'), ('be_retard_paiement_2002', '2005-06-30'), ('boe_bank_rate', '2026-10-04'),
		('de_basiszinssatz', '2026-12-31'), ('ecb_mro', '2026-08-23'), ('fr_taux_legal_particulier', '2026-12-31'), ('fr_taux_legal_professionnel', '2026-12-31'),
		('nl_handelsrente', '2026-12-31'), ('nl_wettelijke_rente', '2026-12-31'), ('uemoa_taux_legal', '2025-12-31') $$,
	'no series is known for longer than its source says');
SELECT is((SELECT rate FROM dunning.reference_rate WHERE series = 'nl_handelsrente' AND effective_on = '2004-01-01'), 9.02, 'where two sources disagree the value of the file stands');
SELECT matches((SELECT source FROM dunning.reference_rate WHERE series = 'nl_handelsrente' AND effective_on = '2004-01-01'), 'CONFLICT', 'and the source says so');

--
-- Rates that follow, against published and computed examples
--
SELECT is(pg_temp.rate('FR', day), rate, format('France by default in %s', day))
FROM (VALUES (date '2021-01-01', 10.00), ('2023-01-01', 12.50), ('2023-06-30', 12.50), ('2023-07-01', 14.00), ('2024-01-01', 14.50), ('2024-07-01', 14.25), ('2025-01-01', 13.15),
	('2026-01-01', 12.15), ('2026-07-01', 12.40), ('2026-12-31', 12.40), ('2009-01-01', 12.50), ('2012-12-31', 11.00), ('2013-05-08', 10.75), ('2014-07-01', 10.15)) AS v (day, rate);
SELECT is(pg_temp.rate('FR-contract', day, agreed => 0.5), rate, format('the French floor in %s', day))
FROM (VALUES (date '2024-01-01', 15.21), ('2024-07-01', 14.76), ('2025-07-01', 8.28), ('2026-07-01', 8.25), ('2013-03-01', 0.5)) AS v (day, rate);
SELECT is(pg_temp.rate('FR-contract', day, agreed => 12), rate, format('12 %% agreed in France in %s', day))
FROM (VALUES (date '2024-01-01', 15.21), ('2024-07-01', 14.76), ('2025-07-01', 12), ('2026-12-31', 12)) AS v (day, rate);
SELECT is(pg_temp.rate('BE', day), rate, format('Belgium in %s', day))
FROM (VALUES (date '2014-07-01', 8.50), ('2026-07-01', 10.50), ('2025-01-01', 11.50), ('2016-07-01', 8.00), ('2024-07-01', 12.50)) AS v (day, rate);
SELECT is_empty($$ SELECT r.effective_on FROM dunning.reference_rate AS r
	WHERE r.series = 'be_retard_paiement' AND r.rate <> pg_temp.rate('BE', greatest(r.effective_on, '2013-03-16')) $$, 'Belgium: the rule gives every published rate');
SELECT is(pg_temp.rate('GB', day), rate, format('United Kingdom in %s', day))
FROM (VALUES (date '2025-07-01', 12.25), ('2024-06-16', 13.25), ('2024-12-31', 13.25), ('2025-01-01', 12.75), ('2026-07-01', 11.75)) AS v (day, rate);
SELECT is(pg_temp.rate(code, day), rate, format('%s in %s', code, day))
FROM (VALUES ('DE', date '2023-01-16', 10.62), ('DE', '2026-07-01', 10.52), ('DE', '2014-12-31', 8.27), ('DE-consumer', '2024-02-01', 8.62), ('AT', '2026-07-01', 10.73), ('NL', '2023-01-01', 10.50),
	('NL', '2013-03-15', 7.75), ('NL', '2013-03-16', 8.75), ('NL-consumer', '2026-09-30', 4.00), ('FR-consumer', '2026-07-01', 2.75), ('FR-judgment', '2026-07-01', 7.75), ('FR-public', '2026-07-01', 10.40),
	('IT', '2026-01-01', 10.15), ('EU', '2013-03-16', 8.75), ('UEMOA', '2024-12-31', 5.0336)) AS v (code, day, rate);

-- the law in force
SELECT is(pg_temp.rate('FR', '2008-07-01', '2005-06-30'), 11.00, 'a French contract of 2005 bears the margin of its day');
SELECT is(pg_temp.rate('DE', '2026-07-01', '2014-07-28'), 9.52, 'a German contract of before 2014-07-29, too');
SELECT is(pg_temp.rate('DE', '2026-07-01', '2014-07-29'), 10.52, 'and one of that day the later one');
SELECT is(split_part(pg_temp.try($$SELECT pg_temp.rate('DE', '2014-07-28')$$), ' | ', 1), '22023: no rate of series "de_basiszinssatz" for 2014-07-28: the history begins on 2014-07-29',
	'a law charges no day before its contracts');
SELECT is((SELECT rule::text ~ 'compensation' FROM dunning.law_rule(code => 'FR', on_day => v.day) AS rule), v.has, format('the 40 EUR for a contract of %s', v.day))
FROM (VALUES (date '2012-12-31', false), ('2013-01-01', true)) AS v (day, has);

-- what a rule says
SELECT is(regexp_replace(dunning.law_rule(code => j.code, rate => j.rate)::text, '\{.*\} until [-0-9]+', '{}'), j.rule, j.code)
FROM (VALUES
	('FR', NULL, 'ecb_mro {}; compensation 40.00 EUR if professional'),
	('FR-contract', 12, 'fr_taux_legal_professionnel {}; compensation 40.00 EUR if professional'),
	('FR-public', NULL, 'ecb_mro {}; fixed at start; compensation 40.00 EUR'),
	('FR-hospital', NULL, 'ecb_mro {}; fixed at start; compensation 40.00 EUR'),
	('FR-consumer', NULL, 'fr_taux_legal_professionnel {}'),
	('FR-judgment', NULL, 'fr_taux_legal_professionnel {}'),
	('DE', NULL, 'de_basiszinssatz {}; compensation 40.00 EUR if professional'),
	('DE-consumer', NULL, 'de_basiszinssatz {}'),
	('GB', NULL, 'boe_bank_rate {} by half-year of the day before; fixed at start; compensation 40.00 below 1000.00, 70.00 below 10000.00, 100.00 GBP if professional'),
	('BE', NULL, 'ecb_mro {}; compensation 40.00 EUR if professional'),
	('BE-consumer', NULL, 'ecb_mro {}; compensation 20.00 to 150.00, 30.00 + 10% to 500.00, 65.00 + 5% EUR at most 2000.00'),
	('NL', NULL, 'nl_handelsrente {}; compounded yearly; compensation 15% to 2500.00, 10% to 5000.00, 5% to 10000.00, 1% to 200000.00, 0.5% EUR at least 40.00 at most 6775.00'),
	('NL-consumer', NULL, 'nl_wettelijke_rente {}; compounded yearly; compensation 15% to 2500.00, 10% to 5000.00, 5% to 10000.00, 1% to 200000.00, 0.5% EUR at least 40.00 at most 6775.00'),
	('AT', NULL, 'at_basiszinssatz {}; compensation 40.00 EUR if professional'),
	('AT-not-culpable', NULL, '4.00%; compensation 40.00 EUR if professional'),
	('AT-consumer', NULL, '4.00%'),
	('IT', NULL, 'ecb_mro {}; compensation 40.00 EUR if professional'),
	('ES', NULL, 'ecb_mro {}; compensation 40.00 EUR if professional'),
	('LU', NULL, 'ecb_mro {}; compensation 40.00 EUR if professional'),
	('EU', NULL, 'ecb_mro {}; compensation 40.00 EUR if professional'),
	('EU-public', NULL, 'ecb_mro {}; compensation 40.00 EUR'),
	('CH', NULL, '5.00%; 30/360'),
	('CH', 7, '7.00%; 30/360'),
	('QC', NULL, '5.00%'),
	('US', 18, '18.00%'),
	('US-federal', 4.125, '4.125%; fixed at start; act/360; compounded every 30 days; least 1.00; at most 1 year'),
	('UEMOA', NULL, 'uemoa_taux_legal {} by year')) AS j (code, rate, rule);
SELECT results_eq('SELECT DISTINCT code COLLATE "C" FROM dunning.jurisdiction ORDER BY 1',
	$$ VALUES ('AT' COLLATE "C"), ('AT-consumer'), ('AT-not-culpable'), ('BE'), ('BE-consumer'), ('CH'), ('DE'), ('DE-consumer'), ('ES'), ('EU'), ('EU-public'), ('FR'), ('FR-consumer'), ('FR-contract'),
		('FR-hospital'), ('FR-judgment'), ('FR-public'), ('GB'), ('IT'), ('LU'), ('NL'), ('NL-consumer'), ('QC'), ('UEMOA'), ('US'), ('US-federal') $$, 'those are all');
SELECT is((SELECT count(*) FROM dunning.jurisdiction AS j
	WHERE dunning.law_rule(code => j.code, on_day => j.valid_from, rate => CASE j.agreed WHEN 'required' THEN 10 END)::text::dunning.penalty_rule IS NOT NULL),
	(SELECT count(*) FROM dunning.jurisdiction), 'every row makes a rule that can be read back');
SELECT is_empty('SELECT code FROM dunning.jurisdiction WHERE source IS NULL OR (NOT verified AND notes IS NULL)', 'every row has a source, and one that is not verified says what is not');
SELECT is_empty($$ SELECT code FROM dunning.jurisdiction AS j WHERE j.verified AND EXISTS (SELECT FROM dunning.rates(dunning.rate_history(dunning.law_rule(j.code, on_day => j.valid_from,
	rate => CASE j.agreed WHEN 'required' THEN 10 END))) AS h WHERE h.from_day < '2001-11-08' AND j.series = 'boe_bank_rate' OR h.from_day < '2009-01-01' AND j.series = 'ecb_mro') $$,
	'no verified law rests on a rate that is not');

-- clauses and order of payments
SELECT is(right(dunning.law_rule(code => 'FR', allocation => a)::text, length(e)), e, 'allocation ' || a)
FROM (VALUES ('legal', 'payments to interest; compensation 40.00 EUR if professional'), ('costs', 'payments to costs; compensation 40.00 EUR if professional'),
	('principal', '2026-12-31; compensation 40.00 EUR if professional')) AS v (a, e);
SELECT is(regexp_replace(dunning.law_rule(code => 'FR', clauses => 'fixed at start; grace 5; compensation 45 EUR')::text, '\{.*\} until [-0-9]+', '{}'),
	'ecb_mro {}; fixed at start; grace 5; compensation 45.00 EUR', 'terms take the place of clauses of the law');

-- errors
SELECT is(pg_temp.try(statement), outcome, statement)
FROM (VALUES
	('SELECT dunning.law_rule(code => ''XX'')', '42704: jurisdiction "XX" does not exist | Jurisdictions are AT, AT-consumer, AT-not-culpable, BE, BE-consumer, CH, DE, DE-consumer, ES, EU, EU-public, FR, FR-consumer, FR-contract, FR-hospital, FR-judgment, FR-public, GB, IT, LU, NL, NL-consumer, QC, UEMOA, US, US-federal.'),
	('SELECT dunning.law_rule(code => ''FR'', on_day => ''1990-01-01'')', '22023: no law of jurisdiction "FR" is known for 1990-01-01 | It is known for 2001-05-16 to 2008-12-31, 2009-01-01 to 2012-12-31, 2013-01-01 to now.'),
	('SELECT dunning.law_rule(code => ''FR'', rate => 12)', '22023: jurisdiction "FR" takes no rate | The law sets its rate. For an agreed rate use jurisdiction "FR-contract".'),
	('SELECT dunning.law_rule(code => ''DE'', rate => 12)', '22023: jurisdiction "DE" takes no rate | The law sets its rate. Omit the rate, or insert a jurisdiction of your own.'),
	('SELECT dunning.law_rule(code => ''US'')', '22023: jurisdiction "US" needs a rate | Give the annual rate in percent: dunning.law_rule(code => ''US'', rate => 12).'),
	('SELECT dunning.law_rule(code => ''GB'', allocation => ''legal'')', '22023: the order of payments by law of jurisdiction "GB" is not known | Pass the order: allocation => ''principal'', ''interest'' or ''costs''.'),
	('SELECT dunning.law_rule(code => ''GB'', allocation => ''all'')', '22023: allocation "all" does not exist | The allocations are ''principal'', ''interest'', ''costs'' and ''legal''.'),
	('SELECT dunning.penalty_mention(''FR'', ''xx'', ''2026-07-01'')', '22023: there is no sentence about late payment in language "xx" | Languages are de, en, fr, nl; others can be inserted into dunning.mention.'),
	('SELECT dunning.penalty_mention(''XX'', ''fr'', ''2026-07-01'')', (SELECT pg_temp.try('SELECT dunning.law(''XX'')'))),
	('SELECT dunning.check_terms(''FR'', ''-infinity'', ''2026-07-01'')', '22008: a date is infinite'),
	('SELECT dunning.check_terms(''FR'', ''1990-01-01'', ''2026-07-01'')', '22023: no law of jurisdiction "FR" is known for 1990-01-01 | It is known for 2001-05-16 to 2008-12-31, 2009-01-01 to 2012-12-31, 2013-01-01 to now.'),
	('SELECT dunning.law(''FR'', ''-infinity'')', '22023: no law of jurisdiction "FR" is known for -infinity | It is known for 2001-05-16 to 2008-12-31, 2009-01-01 to 2012-12-31, 2013-01-01 to now.'),
	('SELECT dunning.check_terms(''FR'', ''2026-07-01'', ''infinity'')', '22008: a date is infinite')) AS v (statement, outcome);
SELECT is(dunning.law_rule(code => NULL), NULL, 'no jurisdiction, no rule');

-- a statutory rule costs one look-up in a query, and an index scan none
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query;
END $$;
SELECT is((SELECT count(*) FROM pg_temp.plan($$ SELECT sum(dunning.late_interest(n, '2026-01-01', '2026-03-01', (SELECT dunning.law_rule(code => 'FR')))) FROM generate_series(1, 1000) AS n $$) AS p
	WHERE p ~ 'InitPlan 1'), 1::bigint, 'as a scalar subquery the rule is made once');
SELECT is((SELECT count(*) FROM pg_temp.plan($$ SELECT sum(dunning.late_interest(n, '2026-01-01', '2026-03-01', r.rule)) FROM generate_series(1, 1000) AS n CROSS JOIN dunning.rule AS r WHERE r.name = 'FR' $$) AS p
	WHERE p ~ 'Scan.* on rule.*loops=1\)'), 1::bigint, 'and from dunning.rule it is read once');

--
-- The days to pay
--
SELECT results_eq(format('SELECT allowed, latest FROM dunning.check_terms(%L, %L, %L, stipulated => %L, end_of_month => %L, expressly_agreed => %L, large_owes_small => %L)', j, i, d, s, e, x, n),
	format('VALUES (%L::boolean, %L::date)', a, l), format('check_terms(%s, %s, %s, %s, %s, %s, %s)', j, i, d, s, e, x, n))
FROM (VALUES
	('FR', '2026-01-01', '2026-03-02', true, false, false, false, true, '2026-03-02'),
	('FR', '2026-01-01', '2026-03-03', true, false, false, false, false, '2026-03-02'),
	('FR', '2025-01-02', '2025-03-17', true, true, false, false, true, '2025-03-17'),
	('FR', '2025-01-02', '2025-03-18', true, true, false, false, false, '2025-03-17'),
	('FR', '2024-01-02', '2024-03-16', true, true, false, false, true, '2024-03-16'),
	('FR', '2025-04-17', '2025-06-30', true, true, false, false, true, '2025-06-30'),
	('FR', '2014-04-15', '2014-06-14', true, false, false, false, true, '2014-06-14'),
	('FR', '2025-01-02', '2025-02-01', false, false, false, false, true, '2025-02-01'),
	('FR', '2025-01-02', '2025-02-02', false, true, false, false, false, '2025-02-01'),
	('FR-contract', '2026-01-01', '2026-03-03', true, false, false, false, false, '2026-03-02'),
	('FR-public', '2026-01-01', '2026-02-01', true, false, false, false, false, '2026-01-31'),
	('FR-hospital', '2026-01-01', '2026-02-20', true, false, false, false, true, '2026-02-20'),
	('EU', '2026-01-01', '2026-03-03', true, false, false, false, false, '2026-03-02'),
	('EU', '2026-01-01', '2026-03-03', true, false, true, false, true, '2026-03-02'),
	('EU-public', '2026-01-01', '2026-02-01', true, false, true, false, false, '2026-01-31'),
	('NL', '2026-01-01', '2026-02-01', true, false, false, true, false, '2026-01-31'),
	('NL', '2026-01-01', '2026-02-01', true, false, false, false, NULL, NULL),
	('DE', '2026-01-01', '2030-01-01', true, false, false, false, NULL, NULL)) AS v (j, i, d, s, e, x, n, a, l);
SELECT is((SELECT reason FROM dunning.check_terms('FR', '2026-01-01', '2026-03-03')), 'Due 61 days after issue; the law allows 60 days from issue: at latest 2026-03-02 (Code de commerce L441-10 I).', 'the reason names the article');
SELECT is((SELECT reason FROM dunning.check_terms('FR', '2025-01-02', '2025-03-18', end_of_month => true)),
	'Due 75 days after issue; the law allows 45 days end of month, in the reading that gives more: at latest 2025-03-17 (Code de commerce L441-10 I).', 'end of month');
SELECT is((SELECT reason FROM dunning.check_terms('EU', '2026-01-01', '2026-03-03')),
	'Due 61 days after issue; more than 60 days are lawful only if expressly agreed and not grossly unfair (directive 2011/7/EU art. 3(5)).', 'a limit that can be agreed away');
SELECT is((SELECT reason FROM dunning.check_terms('DE', '2026-01-01', '2026-03-03')), 'No limit on the days to pay is known for jurisdiction "DE".', 'no limit known');

--
-- The sentence on the invoice
--
SELECT is(dunning.penalty_mention(code, language, day), replace(replace(sentence, '~', U&'\00A0'), 'EUR', U&'\20AC'), format('%s in %s on %s', code, language, day))
FROM (VALUES
	('FR', 'fr', date '2026-07-01', 'En cas de retard de paiement, des pénalités de retard au taux annuel de 12,40~% (taux de refinancement de la Banque centrale européenne majoré de 10 points) sont exigibles de plein droit, sans rappel, dès le jour suivant la date de règlement figurant sur la facture (article L441-10 du Code de commerce). Une indemnité forfaitaire de 40~EUR pour frais de recouvrement est due en sus (article D441-5 du Code de commerce).'),
	('FR', 'en', '2026-07-01', 'If payment is late, penalties at an annual rate of 12.40% (refinancing rate of the European Central Bank plus 10 percentage points) are payable by operation of law, without a reminder, from the day after the payment date stated on the invoice (article L441-10 of the French Commercial Code). A fixed compensation of EUR40 for recovery costs is payable in addition (article D441-5 of the French Commercial Code).'),
	('FR', 'de', '2026-07-01', 'Bei Zahlungsverzug sind kraft Gesetzes und ohne Mahnung ab dem Tag nach dem auf der Rechnung angegebenen Zahlungstermin Verzugszinsen von 12,40~% pro Jahr (Refinanzierungssatz der Europäischen Zentralbank zuzüglich 10 Prozentpunkte) zu zahlen (Artikel L441-10 des französischen Handelsgesetzbuchs). Hinzu kommt eine Pauschale von 40~EUR für Beitreibungskosten (Artikel D441-5 des französischen Handelsgesetzbuchs).'),
	('FR', 'nl', '2026-07-01', 'Bij te late betaling is van rechtswege en zonder aanmaning vanaf de dag na de op de factuur vermelde betaaldatum een vertragingsrente van 12,40% per jaar (herfinancieringsrente van de Europese Centrale Bank vermeerderd met 10 procentpunten) verschuldigd (artikel L441-10 van de Franse Code de commerce). Daarnaast is een vaste vergoeding van EUR~40 voor invorderingskosten verschuldigd (artikel D441-5 van de Franse Code de commerce).'),
	('FR-consumer', 'fr', '2026-07-01', 'En cas de retard de paiement, des intérêts au taux annuel de 2,75~% courent de la mise en demeure jusqu''au paiement.'),
	('IT', 'en', '2026-01-01', 'Late payment interest at 10.15% a year runs from the day after the due date until payment. A fixed compensation of EUR40 for recovery costs is payable in addition.'),
	('DE', 'de', '2026-07-01', 'Bei Zahlungsverzug fallen Verzugszinsen in Höhe von 9 Prozentpunkten über dem Basiszinssatz an, derzeit 10,52~% pro Jahr (§ 288 Abs. 2 BGB). Hinzu kommt eine Pauschale von 40~EUR (§ 288 Abs. 5 BGB).'),
	('AT', 'de', '2026-07-01', 'Bei Zahlungsverzug fallen ab dem Tag nach der Fälligkeit bis zur Zahlung Verzugszinsen von 10,73~% pro Jahr an. Hinzu kommt eine Pauschale von 40~EUR für Beitreibungskosten.'),
	('GB', 'en', '2025-07-01', 'If payment is late, statutory interest at 12.25% a year (Bank Rate plus 8%) runs from the day after the due date until payment under the Late Payment of Commercial Debts (Interest) Act 1998. Fixed compensation of £40, £70 or £100, depending on the size of the debt, is payable in addition.'),
	('BE-consumer', 'nl', '2026-07-01', 'Bij te late betaling is vanaf de ingebrekestelling tot de dag van betaling een rente van 10,50% per jaar verschuldigd. Daarnaast zijn incassokosten volgens de wettelijke staffel verschuldigd.'),
	('CH', 'fr', '2026-07-01', 'Tout retard de paiement entraîne des intérêts de retard au taux annuel de 5,00~%, du lendemain de l''échéance jusqu''au paiement.'),
	('UEMOA', 'fr', '2024-07-01', 'En cas de retard de paiement, des intérêts au taux annuel de 5,0336~% courent de la mise en demeure jusqu''au paiement.')) AS v (code, language, day, sentence);
SELECT is(dunning.penalty_mention('FR-contract', 'fr', '2026-07-01', 12), replace('En cas de retard de paiement, des pénalités de retard au taux annuel de 12,00~% sont exigibles de plein droit, sans rappel, dès le jour suivant la date de règlement figurant sur la facture (article L441-10 du Code de commerce). Une indemnité forfaitaire de 40~€ pour frais de recouvrement est due en sus (article D441-5 du Code de commerce).', '~', U&'\00A0'), 'an agreed rate');
SELECT matches(dunning.penalty_mention('FR-contract', 'en', '2024-07-01', 12), ' of 14\.76% are ', 'or the floor');
SELECT is_empty($$ SELECT j.code, l FROM dunning.jurisdiction AS j CROSS JOIN unnest(ARRAY['de', 'en', 'fr', 'nl']) AS l
	CROSS JOIN LATERAL dunning.penalty_mention(j.code, l, CASE j.code WHEN 'UEMOA' THEN '2025-12-31' ELSE date '2026-12-31' END, CASE j.agreed WHEN 'required' THEN 10 END) AS m
	WHERE m IS NULL OR m ~ '[{}]' $$, 'every jurisdiction has a sentence in four languages, with nothing left to fill in');
INSERT INTO dunning.mention (jurisdiction, language, text) VALUES ('FR', 'fr', 'Taux : {rate} depuis le {since}.'), ('', 'it', 'Interessi di mora: {rate} dal {since}.');
SELECT is(dunning.penalty_mention('FR', 'fr', '2026-08-15'), replace('Taux : 12,40~% depuis le 01/07/2026.', '~', U&'\00A0'), 'a sentence of one''s own comes first');
SELECT is(dunning.penalty_mention('IT', 'it', '2026-08-15'), 'Interessi di mora: 10,40% dal 01/07/2026.', 'and in other languages');

--
-- What is missing, and one INSERT
--
SET LOCAL dunning.today = '2026-12-20';
SELECT results_eq('SELECT series, half_year, since, last_known, needed_by, jurisdictions, rules, ledgers FROM dunning.missing_rates()',
	$$ VALUES ('uemoa_taux_legal', '2026-S2', date '2026-01-01', date '2025-12-31', date '2026-01-01', ARRAY['UEMOA'], ARRAY['UEMOA'], '{}'::name[]) $$, 'today only one is missing');
CREATE TABLE public.facture (id integer PRIMARY KEY, client text, date_echeance date, solde numeric);
SELECT dunning.adopt('public.facture') \g /dev/null
SELECT results_eq('SELECT series COLLATE "C", since, last_known, needed_by, ledgers FROM dunning.missing_rates(dunning.today() + 15) ORDER BY 1',
	$$ VALUES ('at_basiszinssatz' COLLATE "C", date '2027-01-01', date '2026-12-31', date '2027-01-01', '{}'::name[]),
		('boe_bank_rate', '2027-01-01', '2026-10-04', '2026-12-31', '{}'), ('de_basiszinssatz', '2027-01-01', '2026-12-31', '2027-01-01', '{}'),
		('ecb_mro', '2027-01-01', '2026-08-23', '2027-01-01', '{facture}'), ('fr_taux_legal_professionnel', '2027-01-01', '2026-12-31', '2027-01-01', '{}'),
		('nl_handelsrente', '2027-01-01', '2026-12-31', '2027-01-01', '{}'), ('nl_wettelijke_rente', '2027-01-01', '2026-12-31', '2027-01-01', '{}'),
		('uemoa_taux_legal', '2026-01-01', '2025-12-31', '2026-01-01', '{}') $$, 'in 15 days all are, and one of them is a ledger''s');
SELECT is((SELECT jurisdictions FROM dunning.missing_rates('2027-01-01') WHERE series = 'fr_taux_legal_professionnel'), ARRAY['FR-consumer', 'FR-contract', 'FR-judgment'], 'a floor needs its series, too');
SELECT is((SELECT half_year FROM dunning.missing_rates('2027-07-01') WHERE series = 'ecb_mro'), '2027-S2', 'the half-year of the day');
SELECT is(pg_temp.try($$SELECT dunning.rate_on(dunning.rate_history(rule), '2027-01-01') FROM dunning.rule WHERE name = 'france'$$),
	'22023: no rate of series "ecb_mro" for 2027-01-01 | Insert the rate as it was published, without a margin: INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (''ecb_mro'', ''2027-01-01'', RATE).', 'the rule does not know the next half-year');
INSERT INTO dunning.reference_rate (series, effective_on, rate, source) VALUES ('ecb_mro', '2027-01-01', 2.65, 'Banque de France');
SELECT is(dunning.rate_on(dunning.rate_history(rule), '2027-06-30'), wanted, name || ' follows')
FROM dunning.rule JOIN (VALUES ('france', 12.65), ('FR', 12.65), ('FR-public', 10.65), ('BE', 11.00), ('IT', 10.65)) AS v (name, wanted) USING (name);
SELECT is(dunning.rate_on(dunning.rate_history(rule), '2026-12-31'), 12.40, 'and the half-year before stays') FROM dunning.rule WHERE name = 'france';
SELECT is_empty($$ SELECT * FROM dunning.missing_rates('2027-06-30') WHERE series = 'ecb_mro' $$, 'and the series is not missing any more');
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('at_basiszinssatz', '2027-01-01', 1.5), ('boe_bank_rate', '2026-12-31', 3.5), ('de_basiszinssatz', '2027-01-01', 1.5),
	('fr_taux_legal_professionnel', '2027-01-01', 2.8), ('nl_handelsrente', '2027-01-01', 10.4), ('nl_wettelijke_rente', '2027-01-01', 4), ('uemoa_taux_legal', '2026-01-01', 5), ('uemoa_taux_legal', '2027-01-01', 5);
SELECT is_empty('SELECT * FROM dunning.missing_rates(''2027-06-30'')', 'once all are there nothing is missing');
SELECT is(dunning.rate_on(dunning.rate_history(rule), '2027-12-31'), 5.0, 'a series by year holds to the end of the year') FROM dunning.rule WHERE name = 'UEMOA';

--
-- Rows of one's own
--
INSERT INTO dunning.reference_series (series, holds) VALUES ('house', 'until changed');
INSERT INTO dunning.reference_rate (series, effective_on, rate, known_until) VALUES ('house', '2020-01-01', 3, NULL), ('house', '2023-05-15', 4, '2026-02-10');
SELECT is(dunning.series_rates('house')::text, 'house {2020-01-01: 3.00, 2023-05-15: 4.00} until 2026-02-10', 'a series that holds until changed has no hole');
INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, series, every, on_day, factor, margin, round_up_to, clauses, payments)
	VALUES ('HOUSE', 'business', 'Our terms', '2020-01-01', 'house', 'year', 'first day', 2, 1, 0.25, 'compensation 10 CHF', 'costs');
SELECT is(dunning.law_rule(code => 'HOUSE', allocation => 'legal')::text, 'house {2020-01-01: 7.00, 2024-01-01: 9.00} until 2026-12-31 by year; payments to costs; compensation 10.00 CHF', 'a jurisdiction of one''s own');
INSERT INTO dunning.rule (name, jurisdiction, clauses) VALUES ('house', 'HOUSE', 'grace 3');
INSERT INTO dunning.rule (name, jurisdiction, rate, on_day, allocation) VALUES ('agreed', 'FR-contract', 12, '2020-01-01', 'legal');
SELECT is((SELECT rule::text FROM dunning.rule WHERE name = 'house'), 'house {2020-01-01: 7.00, 2024-01-01: 9.00} until 2026-12-31 by year; grace 3; compensation 10.00 CHF', 'a rule by it');
SELECT is((SELECT rule FROM dunning.rule WHERE name = 'agreed'), dunning.law_rule(code => 'FR-contract', rate => 12, on_day => '2020-01-01', allocation => 'legal'), 'a rule with an agreed rate');
UPDATE dunning.jurisdiction SET margin = 2 WHERE code = 'HOUSE';
SELECT is((SELECT rule::text FROM dunning.rule WHERE name = 'house'), 'house {2020-01-01: 8.00, 2024-01-01: 10.00} until 2026-12-31 by year; grace 3; compensation 10.00 CHF', 'follows the jurisdiction');
INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, fixed_rate) VALUES ('FR', 'business', 'A law to come', '2027-01-01', 20);
SELECT is((SELECT rule::text FROM dunning.rule WHERE name = 'FR'), '20.00%', 'the shipped rules follow a later law');
SELECT is(pg_temp.rate('FR', '2026-07-01', '2026-12-31'), 12.40, 'and older contracts do not');
DELETE FROM dunning.jurisdiction WHERE code = 'FR' AND NOT shipped;
SELECT is(dunning.rate_on(dunning.rate_history(rule), '2026-07-01'), 12.40, 'until it is taken back') FROM dunning.rule WHERE name = 'FR';
INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, fixed_rate) VALUES ('FR', 'business', 'Mine', '2013-01-01', 20);
INSERT INTO dunning.reference_series (series, holds) VALUES ('ecb_mro', 'year');
SELECT is((SELECT name FROM dunning.jurisdiction WHERE code = 'FR' AND valid_from = '2013-01-01'), 'France, by default', 'a shipped jurisdiction stands');
SELECT is((SELECT holds FROM dunning.reference_series WHERE series = 'ecb_mro'), 'until changed', 'and a shipped series');

-- what is said of a series after its first rate
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('later', '2020-01-01', 3);
SELECT is((SELECT holds FROM dunning.reference_rate WHERE series = 'later'), 'half-year', 'a series that is not described is one of half-years');
INSERT INTO dunning.rule (name, series) VALUES ('later', 'later');
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('later', '2022-01-01', 4);
SELECT is((SELECT rule::text FROM dunning.rule WHERE name = 'later'), 'later {2020-01-01: 3.00, 2020-07-01: unknown, 2022-01-01: 4.00} until 2022-06-30', 'days that no row states are unknown');
DELETE FROM dunning.reference_rate WHERE series = 'later' AND effective_on = '2022-01-01';
SELECT is((SELECT rule::text FROM dunning.rule WHERE name = 'later'), 'later {2020-01-01: 3.00} until 2020-06-30', 'and nothing is known without a later row');
INSERT INTO dunning.reference_series (series, holds) VALUES ('later', 'until changed');
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('later', '2022-01-01', 4);
SELECT is((SELECT rule::text FROM dunning.rule WHERE name = 'later'), 'later {2020-01-01: 3.00, 2022-01-01: 4.00} until 2022-06-30', 'unless the series holds until changed');
-- who says until when a rate is known does not say what it is afterwards
UPDATE dunning.reference_rate SET known_until = '2021-03-31' WHERE series = 'later' AND effective_on = '2020-01-01';
SELECT is((SELECT rule::text FROM dunning.rule WHERE name = 'later'), 'later {2020-01-01: 3.00, 2021-04-01: unknown, 2022-01-01: 4.00} until 2022-06-30', 'and nobody said until when a rate is known');
SELECT is(pg_temp.try($$ SELECT dunning.late_interest(1000, '2021-03-01', '2021-04-30', (SELECT rule FROM dunning.rule WHERE name = 'later')) $$),
	'22023: no rate of series "later" for 2021-04-01 | Insert the rate as it was published, without a margin: INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (''later'', ''2021-04-01'', RATE).', 'a day after that has no rate');
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('later', '2021-04-01', 3.5);
SELECT is((SELECT rule::text FROM dunning.rule WHERE name = 'later'), 'later {2020-01-01: 3.00, 2021-04-01: 3.50, 2022-01-01: 4.00} until 2022-06-30', 'until a row says it');
DELETE FROM dunning.reference_rate WHERE series = 'later' AND effective_on = '2021-04-01';
UPDATE dunning.reference_rate SET known_until = NULL WHERE series = 'later';
UPDATE dunning.reference_series SET holds = 'half-year' WHERE series = 'later';
SELECT is((SELECT rule::text FROM dunning.rule WHERE name = 'later'), 'later {2020-01-01: 3.00, 2020-07-01: unknown, 2022-01-01: 4.00} until 2022-06-30', 'and what it says of the series later counts');

SELECT is(pg_temp.try(statement), format('55000: a row of dunning.%s that came with pg_dunning cannot be changed | Insert a row of your own beside it; the next upgrade would undo the change.', name), statement)
FROM (VALUES ('jurisdiction', 'UPDATE dunning.jurisdiction SET margin = 1 WHERE code = ''FR'''), ('jurisdiction', 'DELETE FROM dunning.jurisdiction WHERE code = ''FR'''),
	('reference_series', 'UPDATE dunning.reference_series SET holds = ''year'' WHERE series = ''ecb_mro'''), ('mention', 'DELETE FROM dunning.mention'),
	('reference_rate', 'DELETE FROM dunning.reference_rate WHERE series = ''ecb_mro''')) AS v (name, statement);
INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, series) VALUES ('Y', 'business', 'y', '2020-01-01', 'no_such');
SELECT is(pg_temp.try('SELECT dunning.law_rule(code => ''Y'')'), '22023: series "no_such" has no rates | Insert its rates into dunning.reference_rate first.', 'a jurisdiction before its rates');
SELECT results_eq('SELECT since, last_known, needed_by FROM dunning.missing_rates(''2026-07-01'') WHERE series = ''no_such''', $$ VALUES (NULL::date, NULL::date, date '2026-07-01') $$, 'is among what is missing');
SELECT is(left(pg_temp.try(statement), 5), state, statement)
FROM (VALUES
	('23514', $$INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from) VALUES ('X', 'business', 'x', '2020-01-01')$$),
	('23514', $$INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, fixed_rate, series) VALUES ('X', 'business', 'x', '2020-01-01', 1, 'ecb_mro')$$),
	('23514', $$INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, fixed_rate, margin) VALUES ('X', 'business', 'x', '2020-01-01', 1, 8)$$),
	('23514', $$INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, series, every) VALUES ('X', 'business', 'x', '2020-01-01', 'ecb_mro', 'half-year')$$),
	('22P02', $$INSERT INTO dunning.jurisdiction (code, debtor, name, valid_from, fixed_rate, clauses) VALUES ('X', 'business', 'x', '2020-01-01', 1, 'compensation')$$),
	('23514', $$INSERT INTO dunning.reference_rate (series, effective_on, rate, confidence) VALUES ('later', '2023-01-01', 1, 'sure')$$),
	('23514', $$INSERT INTO dunning.rule (name, series, jurisdiction) VALUES ('x', 'ecb_mro', 'FR')$$),
	('23514', $$INSERT INTO dunning.rule (name, series, rate) VALUES ('x', 'ecb_mro', 3)$$),
	('42704', $$INSERT INTO dunning.rule (name, jurisdiction) VALUES ('x', 'XX')$$)) AS v (state, statement);

-- a half-year left out is not taken for unchanged, in a series that was shipped
INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('boe_bank_rate', '2028-03-01', 3), ('nl_handelsrente', '2029-01-01', 3);
SELECT is(pg_temp.try(statement), format('22023: no rate of series "%s" for %s | Insert the rate as it was published, without a margin: INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES (''%1$s'', ''%2$s'', RATE).',
	series, wanted), statement)
FROM (VALUES ($$SELECT pg_temp.rate('NL', '2028-11-05')$$, 'nl_handelsrente', '2028-07-01'), ($$SELECT pg_temp.rate('NL', '2027-07-01')$$, 'nl_handelsrente', '2027-07-01'),
	($$SELECT pg_temp.rate('GB', '2027-09-09')$$, 'boe_bank_rate', '2027-06-30')) AS v (statement, series, wanted);
SELECT results_eq('SELECT series COLLATE "C", since, last_known, needed_by FROM dunning.missing_rates(''2029-01-01'') WHERE series IN (''boe_bank_rate'', ''nl_handelsrente'') ORDER BY 1',
	$$ VALUES ('boe_bank_rate' COLLATE "C", date '2027-07-01', date '2026-12-31', date '2027-06-30'), ('nl_handelsrente', '2027-07-01', '2027-06-30', '2027-07-01') $$, 'days in between that are missing are due');
DELETE FROM dunning.reference_rate WHERE (series, effective_on) IN (('boe_bank_rate', date '2028-03-01'), ('nl_handelsrente', '2029-01-01'));
SELECT is(pg_temp.try($$INSERT INTO dunning.reference_rate (series, effective_on, rate, known_until) VALUES
		('boe_bank_rate', '2027-06-30', 3, NULL), ('boe_bank_rate', '2027-12-31', 3, '2029-06-29'), ('boe_bank_rate', '2029-06-30', 4, NULL)$$),
	'ok', 'known_until says that a rate was unchanged');

-- what was shipped is for the extension to say, and for everybody to read
SELECT is(pg_temp.try($$INSERT INTO dunning.scheme (name, scheme, shipped) VALUES ('x', '30', true)$$),
	'55000: only pg_dunning itself ships rows of dunning.scheme | Leave the column "shipped" out.', 'nobody ships a row of his own');
SELECT is(pg_temp.try($$UPDATE dunning.reference_rate SET shipped = true WHERE series = 'house'$$),
	'55000: only pg_dunning itself ships rows of dunning.reference_rate | Leave the column "shipped" out.', 'nor makes one shipped');
SELECT bag_eq($$SELECT c.relname::text FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'shipped'
		WHERE c.relnamespace = 'dunning'::regnamespace AND c.relkind = 'r'$$,
	$$SELECT (SELECT c.relname::text FROM pg_catalog.pg_class AS c WHERE c.oid = t.tgrelid) FROM pg_catalog.pg_trigger AS t WHERE t.tgname IN ('refuse_shipped', 'refuse_to_ship') GROUP BY t.tgrelid HAVING count(*) = 2$$,
	'in any table');
CREATE ROLE dunning_stranger;
GRANT USAGE ON SCHEMA dunning TO dunning_stranger;
SET LOCAL ROLE dunning_stranger;
SELECT is(dunning.rate_on(dunning.rate_history(dunning.law_rule(code => 'FR')), '2026-07-01'), 12.40, 'a role without rights has the rule of a jurisdiction');
SELECT matches(dunning.penalty_mention('FR', 'en', '2026-07-01'), '12.40%', 'and the mention');
SELECT ok((SELECT allowed FROM dunning.check_terms('FR', '2026-01-02', '2026-02-01')), 'and whether terms are lawful');
RESET ROLE;

SELECT is(pg_temp.try('SELECT * FROM dunning.missing_rates(''infinity'')'), '22008: an infinite day lies in no half-year', 'no half-year for ever');
SELECT is(pg_temp.try('SELECT dunning.penalty_mention(''FR'', ''fr'', ''infinity'')'), '22008: no sentence about late payment for an infinite day', 'nor a sentence');
SELECT is((SELECT reason FROM dunning.check_terms('FR', '2026-03-05', '2026-02-01')), 'Due 32 days before issue: no limit on the days to pay is broken (Code de commerce L441-10 I).', 'due before issue');

SELECT * FROM finish();
ROLLBACK;
