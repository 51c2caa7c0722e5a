
-- Defaults that work at once
INSERT INTO dunning.rule (name, jurisdiction, description, shipped) VALUES
	('france', 'FR',
	 'France between businesses unless agreed otherwise: ECB main refinancing rate of the half-year + 10 points, and 40 EUR an invoice paid late (Code de commerce L441-10 II and D441-5)', true),
	('france consumer', 'FR-consumer',
	 'France, a consumer who owes a business: the legal rate, no compensation (Code civil 1231-6)', true);
-- every jurisdiction by its code, where the law alone makes a rule
INSERT INTO dunning.rule (name, jurisdiction, description, shipped)
	SELECT DISTINCT ON (j.code) j.code, j.code, j.name || coalesce(': ' || j.source, ''), true
	FROM dunning.jurisdiction AS j WHERE j.agreed <> 'required' ORDER BY j.code, j.valid_from DESC;
INSERT INTO dunning.scheme (name, scheme, description, shipped) VALUES
	('standard', '30,60,90', 'Not due, then thirds of a quarter by days past due', true);
INSERT INTO dunning.procedure (name, procedure, description, shipped) VALUES
	('standard', '5 email "Reminder"; 10 phone "Telephone call"; 15 letter "Formal letter"; 20 meeting "Meeting or payment plan"; wait 3',
	 'A common ladder: e-mail on day 5, telephone on day 10, formal letter on day 15, meeting or payment plan on day 20; at least 3 days between two', true);

-- the data files are in
DROP FUNCTION _dunning.shipped_text(bytea);
