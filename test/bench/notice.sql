-- Notices of 20 items each: taking them beside their renders alone, and leasing 100 of many that wait
\echo
\echo Generating :items items of payers with 20 each ...
SELECT setseed(0.5) \g /dev/null
CREATE TABLE client (id integer PRIMARY KEY, name text, email text, siren text, address text, postcode text, city text);
INSERT INTO client SELECT i, 'Client ' || i, 'client' || i || '@x.example', '404833048', i || ' quai des Brumes', '69002', 'Lyon' FROM generate_series(1, :items / 20) AS i;
CREATE TABLE invoice AS
	SELECT i AS id, 'F' || lpad(i::text, 9, '0') AS number, 1 + (i - 1) / 20 AS client, d - 36 AS issued_on, d - 6 AS due_on, round((10 + random() ^ 4 * 20000)::numeric, 2) AS amount, 'EUR' AS currency
	FROM (SELECT i, dunning.today() - (random() * 8)::integer AS d FROM generate_series(1, :items) AS i) AS s;
ALTER TABLE invoice ADD PRIMARY KEY (id);
CREATE INDEX ON invoice (client);
VACUUM ANALYZE client, invoice;
SELECT FROM dunning.adopt('invoice', ledger => 'bench', columns => '{"key": "id", "reference": "number", "customer": "client", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount", "open_amount": "amount", "currency": "currency",
	"customers": {"table": "client", "key": "id", "name": "name", "email": "email", "identifier": "siren", "address": "address", "postcode": "postcode", "city": "city"}}') \g /dev/null
SELECT dunning.save_sender('ACME', siren => '732829320', iban => 'FR1420041010050500013M02606', signatory => 'Anne Martin',
	invoice_link => 'https://acme.example/{reference}.pdf', payment_link => 'https://acme.example/pay?n={notice}&c={customer}&a={amount}') \g /dev/null
CALL dunning.run(ledger => 'bench');
SELECT dunning.make_notices() \g /dev/null
VACUUM ANALYZE dunning.reminder, dunning.notice, dunning.notice_reminder;

-- what a sender does: 100 at a time until none is left
CREATE FUNCTION take_all() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	written bigint := 0;
	taken record;
BEGIN
	LOOP
		SELECT count(*) AS n, sum(length(t.body)) AS written INTO taken FROM dunning.take_notices('email', 100) AS t;
		EXIT WHEN taken.n = 0;
		written := written + taken.written;
	END LOOP;
	RETURN written;
END $$;
CREATE FUNCTION memory() RETURNS text LANGUAGE sql AS $$
	SELECT substring(pg_read_file('/proc/' || pg_backend_pid() || '/status') FROM 'RssAnon:\s*(\d+)')::integer / 1024 || ' MB' $$;
SELECT count(*) FROM dunning.take_notices('email', 100) \g /dev/null
SELECT memory() AS before \gset
SELECT measure_cpu('all notices but 100, in ms of the processor', 'taken', 'SELECT take_all()', 1) \g /dev/null
SELECT memory() AS after \gset
SELECT measure_cpu('all notices but 100, in ms of the processor', 'rendered alone', $$ SELECT sum(length(r.body)) FROM dunning.notice AS n
	CROSS JOIN LATERAL dunning.render_template(n.template, n.context, n.language, n.channel) AS r WHERE n.taken_at > (SELECT min(m.taken_at) FROM dunning.notice AS m) $$, 1) \g /dev/null
\echo Memory of the server process after 100 notices :before, after all :after.

-- leasing, with five waiting letters an item
INSERT INTO dunning.notice (ledger, customer, currency, channel, level, step, step_channel) SELECT 'bench', '1', 'EUR', 'letter', 3, '30', 'letter' FROM generate_series(1, 5 * :items);
VACUUM ANALYZE dunning.notice;
SELECT measure('100 of many that wait', 'leased', $$ SELECT count(*) FROM (SELECT n.notice FROM dunning.notice AS n WHERE n.channel = 'letter' AND n.state IN ('waiting', 'taken') AND n.ready_at <= now()
	ORDER BY n.ready_at, n.notice LIMIT 100 FOR UPDATE SKIP LOCKED) AS l $$) \g /dev/null
UPDATE dunning.notice AS n SET state = 'waiting', ready_at = now() WHERE n.channel = 'email' AND n.notice <= (SELECT min(m.notice) + 299 FROM dunning.notice AS m);
SELECT measure('100 of many that wait', 'taken', $$ SELECT count(*) FROM dunning.take_notices('email', 100) $$) \g /dev/null
