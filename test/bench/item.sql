-- Items of a table of typical width, due since 2009
\echo
\echo Generating :items items of 20000 customers ...
SELECT setseed(0.5) \g /dev/null
CREATE TABLE item AS
	SELECT i AS id, 'F' || lpad(i::text, 9, '0') AS number, 1 + (random() * 19999)::integer AS customer_id,
		d AS invoice_date, d + 30 AS due_date, round((10 + random() ^ 4 * 20000)::numeric, 2)::numeric(14, 2) AS amount_total,
		CASE WHEN random() < 0.9 THEN 'EUR' ELSE 'USD' END AS currency, repeat('x', 40) AS note
	FROM (SELECT i, '2008-12-02'::date + (random() * 6450)::integer AS d FROM generate_series(1, :items) AS i) AS s;
ALTER TABLE item ADD PRIMARY KEY (id);
CREATE INDEX ON item (due_date);
CREATE INDEX ON item (customer_id);
VACUUM ANALYZE item;
