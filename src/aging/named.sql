-- Aging schemes by name.

CREATE TABLE dunning.scheme ( --: Aging schemes by name
	name text PRIMARY KEY, --: Name by which a ledger chooses the scheme
	scheme dunning.aging_scheme NOT NULL, --: The aging scheme
	description text, --: Description
	shipped boolean NOT NULL DEFAULT false --: Whether the row came with the extension
);
SELECT pg_catalog.pg_extension_config_dump('dunning.scheme', 'WHERE NOT shipped');

INSERT INTO dunning.scheme (name, scheme, description, shipped) VALUES
	('standard', '30,60,90', 'Not due, then thirds of a quarter by days past due', true);

-- The schemes of other systems, for comparing and for moving from them.  Items that a
-- system leaves out of all its columns are in a bucket of their own.
INSERT INTO dunning.scheme (name, scheme, description, shipped) VALUES
	('odoo', '..0 "At date", 1..30, 31..60, 61..90, 91..120, 121.. "Older"',
	 'Odoo aged receivable, and the aged partner balance of the Odoo Community Association: an item due today is not late, the 30th day belongs to the first month', true),
	('xtuple', '..0 "0+", 1..30, 31..60, 61..90, 91..',
	 'xTuple: the edges of Odoo, three of them', true),
	('erpnext', '..-1 "not due", 0..30 "0-30", 31..60, 61..90, 91..120, 121.. "121-Above"',
	 'ERPNext: an item due today is in 0-30; what is not due yet, in none of its ranges, is apart', true),
	('tryton', '..-1 "not due", 0..29, 30..59, 60..89, 90..',
	 'Tryton with terms of 30, 60 and 90 days: a term begins with its day; what is not due yet, only in its balance, is apart', true),
	('ledgersmb', '..-30 "later", -29..29 "current", 30..59, 60..89, 90..',
	 'LedgerSMB: the age divided by 30; what falls due in 30 days or more, in none of its columns, is apart', true),
	('statement', '..0 "Current", 1..29 "1-30", 30..59 "30-60", 60..89 "60-90", 90..119 "90-120", 120.. "120+"',
	 'Partner statement of the Odoo Community Association, by days: the 30th day belongs to the second month', true),
	('statement_months', '..0 "Current", ..1 calendar month, ..2 calendar months, ..3 calendar months, ..4 calendar months, ..',
	 'Partner statement of the Odoo Community Association, by months: the edges are the ends of calendar months', true),
	('dynamics', '..-1 "Not Due", 0..29 "1 - 30 days", 30..59 "31 - 60 days", 60..89 "61 - 90 days", 90.. "More than 90 days"',
	 'Dynamics Business Central with a period of 30D: an item due today is in the first period', true),
	('dynamics_months', '..-1 "Not Due", ..1 rolling month, ..2 rolling months, ..3 rolling months, ..',
	 'Dynamics Business Central with a period of 1M: months that end with the day asked for, each counted from the one before', true);
