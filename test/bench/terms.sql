-- Due dates: beside a sum of days in the same query, and the same terms by hand
\ir item.sql
CREATE FUNCTION due_plpgsql(issued_on date, days integer) RETURNS date LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
	RETURN (date_trunc('month', (issued_on + days)::timestamp) + interval '1 month - 1 day')::date;
END $$;
-- terms as an application keeps them, read by a function that knows a few forms
CREATE FUNCTION due_plpgsql(issued_on date, terms text) RETURNS date LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
	part text[];
	due date := issued_on;
BEGIN
	part := regexp_match(terms, '^(?:net )?(\d+)(?: days)?( end of month)?(?: on the (\d+)(?:st|nd|rd|th)?)?$');
	IF part IS NOT NULL THEN
		due := due + part[1]::integer;
	ELSE
		part := regexp_match(terms, '^end of month \+ (\d+) days$');
		IF part IS NULL THEN
			RAISE EXCEPTION 'unknown terms: "%"', terms;
		END IF;
		RETURN (date_trunc('month', due::timestamp) + interval '1 month - 1 day')::date + part[1]::integer;
	END IF;
	IF part[2] IS NOT NULL THEN
		due := (date_trunc('month', due::timestamp) + interval '1 month - 1 day')::date;
		IF part[3] IS NOT NULL THEN
			due := due + least(part[3]::integer, extract(day FROM date_trunc('month', due::timestamp) + interval '2 months - 1 day')::integer);
		END IF;
	END IF;
	RETURN due;
END $$;
CREATE TABLE holiday AS SELECT h.day FROM generate_series(2000, 2040) AS y CROSS JOIN LATERAL dunning.holidays(dunning.holiday_calendar('france'), y) AS h (day);
ALTER TABLE holiday ADD PRIMARY KEY (day);
CREATE FUNCTION business_plpgsql(issued_on date, days integer) RETURNS date LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
	due date := due_plpgsql(issued_on, days);
BEGIN
	WHILE extract(isodow FROM due) > 5 OR EXISTS (SELECT FROM holiday AS h WHERE h.day = due) LOOP
		due := due + 1;
	END LOOP;
	RETURN due;
END $$;
CREATE TABLE agreed AS SELECT i.invoice_date, t.words, t.words::dunning.payment_terms AS terms
	FROM item AS i CROSS JOIN LATERAL (SELECT (ARRAY['net 30', '45 days end of month', '30 days end of month on the 10', 'end of month + 30 days'])[1 + i.id % 4] AS words) AS t;
VACUUM ANALYZE holiday, agreed;
SELECT dunning.holiday_calendar('france') AS france \gset
SELECT measure('due date, end of month', 'reading the dates', 'SELECT max(invoice_date) FROM item', 7),
	measure('due date, end of month', 'invoice_date + 30', 'SELECT max(invoice_date + 30) FROM item', 7),
	measure('due date, end of month', 'pg_dunning', 'SELECT max(dunning.due_date(invoice_date, ''45 days end of month'')) FROM item', 7),
	measure('due date, end of month', 'PL/pgSQL, days as a number', 'SELECT max(due_plpgsql(invoice_date, 45)) FROM item', 1),
	measure('due date, end of month', 'PL/pgSQL, terms as a text', 'SELECT max(due_plpgsql(invoice_date, ''45 days end of month'')) FROM item', 1),
	measure('due date, four terms in a column', 'pg_dunning', 'SELECT max(dunning.due_date(invoice_date, terms)) FROM agreed', 3),
	measure('due date, four terms in a column', 'the same as texts', 'SELECT max(dunning.due_date(invoice_date, words)) FROM agreed', 1),
	measure('due date, four terms in a column', 'PL/pgSQL, terms as a text', 'SELECT max(due_plpgsql(invoice_date, words)) FROM agreed', 1),
	measure('due date, business day', 'pg_dunning', format('SELECT max(dunning.due_date(invoice_date, ''45 days end of month; following business day'', %L)) FROM item', :'france'), 3),
	measure('due date, business day', 'PL/pgSQL with a table of holidays', 'SELECT max(business_plpgsql(invoice_date, 45)) FROM item', 1) \g /dev/null
