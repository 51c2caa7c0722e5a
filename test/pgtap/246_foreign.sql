-- Ledgers over foreign tables: the answers of the tables themselves, and what of
-- the query the foreign server computes.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SET dunning.today = '2026-06-01';
SELECT no_plan();

SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgres_fdw') AS fdw \gset
\if :fdw
CREATE TABLE public.invoice (id integer PRIMARY KEY, customer_id integer, issued_on date, due_date date, amount numeric, open_amount numeric, void boolean);
CREATE TABLE public.payment (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, invoice_id integer, paid_on date, amount numeric);
INSERT INTO public.invoice SELECT n, n % 50, date '2026-01-01' + n % 200, date '2026-02-01' + n % 200, 100, CASE WHEN n % 4 = 0 THEN 100 ELSE 0 END, n % 7 = 0 FROM generate_series(1, 1000) AS n;
INSERT INTO public.payment (invoice_id, paid_on, amount) SELECT n, date '2026-01-20' + n % 200, CASE WHEN n % 5 = 0 THEN 30 ELSE 100 END FROM generate_series(1, 900) AS n;
-- all that a comparison can be: not a number, infinite, unknown
INSERT INTO public.invoice VALUES (2001, 1, NULL, '2026-03-01', 'NaN', 'NaN', NULL), (2002, 1, '2026-03-01', '2026-03-01', NULL, NULL, false), (2003, 1, '2026-07-01', NULL, 0, 0, NULL),
	(2004, 1, '2026-03-01', '2026-03-01', 'Infinity', '-Infinity', true), (2005, 1, NULL, NULL, -5, -5, NULL), (2006, 1, '2026-06-01', '2026-06-01', 10, 10, NULL), (2007, 1, '2026-06-02', '2026-06-02', 10, 10, NULL),
	(2008, 1, '2026-01-01', '2026-02-01', 10, 0.00, NULL), (2009, 1, '2026-01-01', '2026-02-01', 10, 10, NULL), (2010, 1, 'infinity', '2026-02-01', 10, 10, NULL), (2011, NULL, '-infinity', '2026-02-01', 10, 10, NULL);
INSERT INTO public.payment (invoice_id, paid_on, amount) VALUES (2008, NULL, 10), (2008, '2026-06-01', NULL), (2009, '2026-05-01', 'NaN'), (2006, '2026-06-02', 10), (2007, 'infinity', 3), (2011, '-infinity', 10), (NULL, '2026-01-01', 7);
CREATE INDEX ON public.payment (invoice_id);
ANALYZE public.invoice, public.payment;
CREATE EXTENSION postgres_fdw;
SELECT format('CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
	split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database()) \gexec
SELECT format('CREATE USER MAPPING FOR CURRENT_USER SERVER loop OPTIONS (user %L)', current_user) \gexec
CREATE SCHEMA away;
CREATE SCHEMA away2;
CREATE SCHEMA away3;
IMPORT FOREIGN SCHEMA public LIMIT TO (invoice, payment) FROM SERVER loop INTO away;
IMPORT FOREIGN SCHEMA public LIMIT TO (invoice, payment) FROM SERVER loop INTO away2;
IMPORT FOREIGN SCHEMA public LIMIT TO (invoice, payment) FROM SERVER loop INTO away3;
CREATE TABLE away3.part (LIKE public.invoice) PARTITION BY LIST ((id % 2));
SELECT format('CREATE FOREIGN TABLE away3.part_%s PARTITION OF away3.part FOR VALUES IN (%s) SERVER loop OPTIONS (schema_name ''public'', table_name ''half_%s'')', n, n, n) FROM generate_series(0, 1) AS n \gexec
SELECT format('CREATE VIEW public.half_%s AS SELECT * FROM public.invoice WHERE id %% 2 = %s', n, n) FROM generate_series(0, 1) AS n \gexec
CREATE VIEW away3.seen AS SELECT * FROM away3.invoice;
CREATE VIEW public.finite AS SELECT id, customer_id, issued_on, due_date, open_amount::numeric(12,2), void FROM public.invoice WHERE abs(open_amount) < 1e9;
CREATE FOREIGN TABLE away3.typed (id integer, customer_id integer, issued_on date, due_date date, open_amount numeric(12,2), void boolean) SERVER loop OPTIONS (schema_name 'public', table_name 'finite');
CREATE TABLE public.copy AS TABLE public.invoice;
ALTER TABLE public.copy ADD PRIMARY KEY (id);

CREATE FUNCTION pg_temp.shipped(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	shipped text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		shipped := shipped || coalesce(substring(line FROM 'Remote SQL: .*') || E'\n', '');
	END LOOP;
	RETURN shipped;
END
$$;

\set column '{"key": "id", "amount": null, "excluded": "void"}'
\set paid '{"key": "id", "open_amount": null, "excluded": "void", "payments": "away.payment"}'
SELECT dunning.adopt('public.copy', 'near_column', columns => :'column') \g /dev/null
SELECT dunning.adopt('away.invoice', 'away_column', columns => :'column') \g /dev/null
SELECT dunning.adopt('away3.typed', columns => :'column') \g /dev/null
SELECT dunning.adopt('away3.part', 'part_column', columns => :'column') \g /dev/null
SELECT dunning.adopt('away3.seen', 'seen_column', columns => :'column') \g /dev/null
SELECT dunning.adopt('public.invoice', 'near_paid', columns => replace(:'paid', 'away.', 'public.')::jsonb) \g /dev/null
CREATE TEMP TABLE advice AS SELECT source, why FROM dunning.adopt('away2.invoice', 'away_paid', columns => replace(:'paid', 'away.', 'away2.')::jsonb) WHERE field = 'advice';
SELECT ok(EXISTS (SELECT FROM advice WHERE source = 'away2.payment' AND why ~ 'foreign table.*"indexed": true.*a query of its own'), 'advice for foreign payments');
SELECT dunning.adopt('away3.invoice', 'look_paid', columns => replace(replace(:'paid', '"away.payment"', '{"table": "away3.payment", "indexed": true}'), 'away.', 'away3.')::jsonb) \g /dev/null
SELECT is((SELECT columns #>> '{payments,indexed}' FROM dunning.ledger WHERE ledger = 'look_paid'), 'true', 'the caller says that there is an index');
SELECT dunning.adopt('away3.invoice', 'look_paid', replace => true) \g /dev/null
SELECT is((SELECT columns #>> '{payments,indexed}' FROM dunning.ledger WHERE ledger = 'look_paid'), 'true', 'and need not say it again');

-- the same answers, on each day and by each way
SELECT set_eq(format('SELECT to_jsonb(o) - ''ledger'' FROM %s AS o WHERE ledger = %L', s.source, l.away),
	format('SELECT to_jsonb(o) - ''ledger'' FROM %s AS o WHERE ledger = %L', s.source, l.near), l.away || ' in ' || s.source)
FROM (VALUES ('away_column', 'near_column'), ('part_column', 'near_column'), ('seen_column', 'near_column'), ('away_paid', 'near_paid'), ('look_paid', 'near_paid')) AS l (away, near)
CROSS JOIN (VALUES ('dunning.open_item'), ('dunning.open_items(''2026-03-15'')'), ('dunning.ledger_items(dunning.today())'), ('_dunning.whole_items(''2026-07-01'')'),
	('dunning.open_items(''-infinity'')'), ('dunning.open_items(NULL)')) AS s (source);
SELECT set_eq($$ SELECT d.day, to_jsonb(o) - 'ledger' FROM (VALUES (date '2026-02-01'), ('2026-05-01'), (NULL)) AS d (day), dunning.open_items(d.day) AS o WHERE ledger = 'away_paid' $$,
	$$ SELECT d.day, to_jsonb(o) - 'ledger' FROM (VALUES (date '2026-02-01'), ('2026-05-01'), (NULL)) AS d (day), dunning.open_items(d.day) AS o WHERE ledger = 'near_paid' $$, 'several days in one query');
SELECT set_eq($$ SELECT to_jsonb(o) - 'ledger' FROM dunning.open_items_of_customers('{1,7,7,NULL}'::integer[]) AS o WHERE ledger = 'away_paid' $$,
	$$ SELECT to_jsonb(o) - 'ledger' FROM dunning.open_items_of_customers('{1,7,7,NULL}'::integer[]) AS o WHERE ledger = 'near_paid' $$, 'many customers');

-- what is shipped
SELECT matches(pg_temp.shipped(format('SELECT sum(open_amount) FROM %s WHERE ledger = %L', s, l.ledger)),
	'WHERE \(\(\(NOT void\) OR \(void IS NULL\)\)\) AND \(\(\(issued_on <= \$1::date\) OR \(issued_on IS NULL\)\)\) AND \(' || replace('\(\(open <> 0::numeric\) OR \(open IS NULL\)\)\)\n$', 'open', l.open),
	format('a column of open amounts: all conditions of %s, in %s', l.ledger, s))
-- a column that can have dust is cleaned there
FROM (VALUES ('typed', 'open_amount::numeric'), ('away_column', '\(CASE WHEN \(abs\(\(open_amount - round\(open_amount, 4\)\)\) < 0\.000001\) THEN round\(open_amount, 4\) ELSE open_amount END\)')) AS l (ledger, open)
CROSS JOIN unnest(ARRAY['dunning.open_item', 'dunning.open_items(''2026-03-15'')', 'dunning.worklist']) AS s;
SELECT matches(pg_temp.shipped('SELECT sum(open_amount) FROM dunning.open_item WHERE ledger = ''seen_column'' AND customer = 7'), 'customer_id = 7.*open_amount END\) <> 0|open_amount END\) <> 0.*customer_id = 7', 'behind a view, of one customer');
SELECT is((SELECT count(*) FROM regexp_matches(pg_temp.shipped('SELECT sum(open_amount) FROM dunning.open_item WHERE ledger = ''part_column'''), 'open_amount END\) <> 0', 'g')), 2::bigint, 'of each foreign partition');
SELECT matches(pg_temp.shipped('SELECT sum(open_amount) FROM dunning.open_item WHERE ledger = ''away_paid'''), 'invoice_id, sum\(amount\).*paid_on <= \$1::date\) OR \(paid_on IS NULL\).* GROUP BY 1', 'payments arrive added up');
SELECT matches(pg_temp.shipped('SELECT sum(open_amount) FROM dunning.open_item WHERE ledger = ''look_paid'' AND customer = ''7'''),
	'customer_id = 7[\s\S]*SELECT sum\(amount\).*invoice_id = \$2::integer', 'one customer ships the payments of his items only');
SELECT matches(pg_temp.shipped('SELECT history FROM dunning.open_item WHERE ledger = ''look_paid'' AND item = ''7'''), 'paid_on, amount.*paid_on <= \$1::date.*invoice_id = \$2::integer', 'a history needs their rows, of the item alone');
SELECT matches(pg_temp.shipped('SELECT open_amount FROM dunning.open_items_of_customers(''{1,7}''::integer[])'), 'customer_id = \$2::integer', 'many customers are looked up there by keys of the column''s type');
SELECT doesnt_match(pg_temp.shipped('SELECT open_amount FROM dunning.open_items_of(''{1,7}''::integer[])'), 'FROM public\.invoice WHERE (?!.*id = \$2::integer)', 'items, too');

-- a run is written of both
SELECT is(dunning.run_reminders('2026-03-20', 'away_column'), dunning.run_reminders('2026-03-20', 'near_column'), 'a run raises the same');
SELECT is(dunning.run_reminders('2026-03-20', 'look_paid'), dunning.run_reminders('2026-03-20', 'near_paid'), 'with payments, too');
SET session_replication_role = replica; DELETE FROM dunning.reminder; RESET session_replication_role;
SELECT dunning.release_ledger(ledger) FROM dunning.ledger \g /dev/null
DROP EXTENSION postgres_fdw CASCADE;
DROP TABLE public.invoice, public.payment, public.copy CASCADE;
DROP SCHEMA away, away2, away3 CASCADE;
\else
	SELECT skip('postgres_fdw is not there');
\endif
SELECT * FROM finish();
