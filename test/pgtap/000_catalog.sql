-- What must hold for every object of the extension, read from the catalogs.
-- A rule's exceptions stand in one list, each with its reason.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = warning;

-- rule, object (a name, for all functions of that name, or a type), reason
CREATE TEMP TABLE exception (rule text, name text, reason text NOT NULL, PRIMARY KEY (rule, name));
INSERT INTO exception VALUES
	('immutable', 'today', 'reads the setting dunning.today and the clock'),
	('immutable', 'real_day', 'reads the setting dunning.time_zone and the clock'),
	('immutable', 'output_text', 'some output functions depend on settings'),
	('immutable', 'read_texts', 'reads tables, and runs code of others that may write'),
	('immutable', 'read_rows', 'reads tables, and runs code of others that may write'),
	('immutable', 'query_cost', 'depends on tables and their statistics'),
	('immutable', 'policies_apply', 'reads the catalogs'),
	('immutable', 'item_key_recv', 'depends on the client encoding, as textrecv does'),
	('immutable', 'item_key_send', 'depends on the client encoding, as textsend does'),
	('comment', 'worklist_query', 'names what each of its texts stands for'),
	('comment', 'skip_reminder', 'XXX is still to be shortened'),
	('comment', 'cancel_reminder', 'XXX is still to be shortened'),
	('comment', 'to_send', 'XXX is still to be shortened'),
	('comment', 'run', 'XXX is still to be shortened'),
	('search_path', 'open_items', 'is put in place of its call by the planner; all names in it are qualified'),
	('search_path', 'whole_items', 'is put in place of its call by the planner; all names in it are qualified'),
	('search_path', 'ledger_items', 'is put in place of its call by the planner; all names in it are qualified'),
	('search_path', 'open_items_of', 'is put in place of its call by the planner; all names in it are qualified'),
	('search_path', 'open_items_of_customers', 'is put in place of its call by the planner; all names in it are qualified'),
	('order', 'balance_state', 'is the state of aggregates'),
	('order', 'aged_series_state', 'is the state of an aggregate'),
	('order', 'figures_state', 'is the state of an aggregate'),
	('immutable', 'run_lock', 'takes a lock of the session'),
	('immutable', 'run_unlock', 'lets a lock of the session go'),
	('immutable', 'claim_lock', 'takes a lock of the transaction'), ('immutable', 'notice_lock', 'takes a lock of the transaction'),
	('parallel', 'run_holder', 'reads the view of the sessions, which is restricted'),
	('parallel', 'sampled_series', 'catches an error in a subtransaction, which no parallel query may begin'),
	('parallel', 'names_rules', 'catches an error in a subtransaction, too'),
	('parallel', 'rates_missing', 'calls sampled_series'),
	('parallel', 'broken_holds', 'calls plans, which catches an error'),
	('parallel', 'broken_tonight', 'calls promises, which catches an error'),
	('parallel', 'missing_rates', 'calls rates_missing'),
	('public', 'set_due_date', 'is a trigger that writes nothing but the row at hand'),
	('public', 'set_status', 'is a trigger that writes nothing but the row at hand'),
	('parallel', 'health_runs', 'calls run_holder'),
	('parallel', 'health_rates', 'calls missing_rates'),
	('as_of', 'open_items', 'stands beside the one without an argument'),
	('as_of', 'ledger_items', 'is dunning.open_item for today, but for what is settled'),
	('as_of', 'buckets', 'is the one of an aged balance with one argument'),
	('as_of', 'standing_history', 'is for a whole history'),
	('as_of', 'run', 'writes, by the real day'),
	('as_of', 'run_reminders', 'writes, by the real day'),
	('as_of', 'claim_penalties', 'writes, by the real day'),
	('as_of', 'end_broken_plans', 'writes, by the real day'),
	('jit', 'can_look_up', 'asks for a plan and executes none'),
	('jit', 'keys_source', 'asks for plans and executes none'),
	('jit', 'no_such_item', 'names the open items in a hint'),
	('jit', 'run_day', 'names the work list in a hint'),
	('jit', 'claim_reason', 'is called for a row by claim_book, which compiles nothing'),
	('jit', 'aged_items', 'is put in place of its call by the planner, so that a condition reaches an index'),
	('jit', 'report_items', 'is put in place of its call by the planner'),
	('jit', 'paid_items', 'is put in place of its call by the planner'),
	('jit', 'open_items', 'is put in place of its call by the planner'),
	('jit', 'open_items_of', 'is put in place of its call by the planner'),
	('jit', 'open_items_of_customers', 'is put in place of its call by the planner'),
	('jit', 'ledger_items', 'is put in place of its call by the planner');


CREATE TEMP VIEW member AS
SELECT d.classid, d.objid,
	pg_catalog.pg_describe_object(d.classid, d.objid, 0) AS object,
	pg_catalog.obj_description(d.objid, c.relname) AS comment
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
JOIN pg_catalog.pg_class c ON c.oid = d.classid
WHERE d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'pg_dunning';

CREATE TEMP VIEW member_function AS
SELECT m.object, l.lanname, p.*
FROM member m
JOIN pg_catalog.pg_proc p ON p.oid = m.objid
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE m.classid = 'pg_catalog.pg_proc'::regclass;

CREATE TEMP VIEW member_relation AS
SELECT m.object, m.comment, c.*
FROM member m
JOIN pg_catalog.pg_class c ON c.oid = m.objid
WHERE m.classid = 'pg_catalog.pg_class'::regclass;

-- the base types
CREATE TEMP VIEW member_type AS
SELECT t.*
FROM member m
JOIN pg_catalog.pg_type t ON t.oid = m.objid
WHERE m.classid = 'pg_catalog.pg_type'::regclass AND t.typtype = 'b' AND t.typelem = 0;

CREATE FUNCTION pg_temp.excepted(rule text, name name) RETURNS boolean LANGUAGE sql AS
	$$ SELECT EXISTS (SELECT FROM exception e WHERE e.rule = $1 AND e.name = $2) $$;

SELECT no_plan();

SELECT cmp_ok((SELECT count(*) FROM member_function), '>', 0::bigint, 'the extension has functions');

-- comments
SELECT is_empty($$ SELECT object FROM member
	WHERE comment IS NULL AND classid = 'pg_catalog.pg_proc'::regclass $$,
	'every function, aggregate and procedure has a comment');
SELECT is_empty($$ SELECT m.object FROM member m
	JOIN pg_catalog.pg_type t ON t.oid = m.objid
	LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
	WHERE m.comment IS NULL AND m.classid = 'pg_catalog.pg_type'::regclass
		AND (t.typrelid = 0 OR c.relkind = 'c')
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_type element WHERE element.typarray = t.oid) $$,
	'every type that is not an array or a row of a relation has a comment');
SELECT is_empty($$ SELECT object FROM member_relation
	WHERE comment IS NULL AND relkind IN ('r', 'p', 'v', 'm', 'f') $$,
	'every table and view has a comment');
SELECT is_empty($$ SELECT r.object, a.attname FROM member_relation r
	JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_catalog.col_description(a.attrelid, a.attnum) IS NULL $$,
	'every column of a table or view has a comment');
SELECT is_empty($$ SELECT t.typname, a.attname FROM member m
	JOIN pg_catalog.pg_type t ON t.oid = m.objid
	JOIN pg_catalog.pg_class r ON r.oid = t.typrelid AND r.relkind = 'c'
	JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE m.classid = 'pg_catalog.pg_type'::regclass AND pg_catalog.col_description(r.oid, a.attnum) IS NULL $$,
	'so has every column of a row type');
-- the sequence of an identity column is part of the column
SELECT is_empty($$ SELECT r.object FROM member_relation r
	WHERE r.relkind = 'S' AND r.comment IS NULL
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
			WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = r.oid
				AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'i') $$,
	'every sequence has a comment');
SELECT is_empty($$ SELECT object FROM member
	WHERE comment IS NULL AND classid = 'pg_catalog.pg_operator'::regclass $$,
	'every operator has a comment');
SELECT is_empty($$ SELECT object FROM member
	WHERE comment IS NULL AND classid = 'pg_catalog.pg_cast'::regclass $$,
	'every cast has a comment');
SELECT is_empty($$ SELECT object FROM member
	WHERE comment IS NULL AND classid = 'pg_catalog.pg_opclass'::regclass $$,
	'every operator class has a comment');

-- \df+ and \d+ show a comment on a few lines; the details are in docs/reference.md
SELECT is_empty($$ SELECT pg_catalog.pg_describe_object(d.classoid, d.objoid, d.objsubid), pg_catalog.length(d.description)
	FROM pg_catalog.pg_description d JOIN member m ON m.classid = d.classoid AND m.objid = d.objoid
	LEFT JOIN member_function f ON f.oid = d.objoid AND m.classid = 'pg_catalog.pg_proc'::regclass
	LEFT JOIN member_relation r ON r.oid = d.objoid AND m.classid = 'pg_catalog.pg_class'::regclass
	WHERE pg_catalog.length(d.description) > 300 AND NOT coalesce(pg_temp.excepted('comment', coalesce(f.proname, r.relname)), false) $$,
	'no comment is longer than 300 characters');

-- where things are
SELECT is_empty($$ SELECT object FROM member_function WHERE pronamespace NOT IN ('dunning'::regnamespace, '_dunning'::regnamespace)
	UNION ALL SELECT object FROM member_relation WHERE relnamespace NOT IN ('dunning'::regnamespace, '_dunning'::regnamespace) $$,
	'every function and relation is in one of the two schemas');

-- what a function promises
SELECT is_empty($$ SELECT object, proparallel FROM member_function
	WHERE prokind <> 'p' AND proparallel <> 's' AND provolatile <> 'v' AND NOT pg_temp.excepted('parallel', proname) $$,
	'every function is parallel safe, unless it writes');
SELECT is_empty($$ SELECT object FROM member_function WHERE proparallel <> 'u' AND prosrc ~ '\mEXCEPTION\s+WHEN' $$,
	'none that catches an error is parallel safe: that is a subtransaction');
SELECT is_empty($$ SELECT object FROM member_function WHERE provolatile = 'v' AND proparallel <> 'u' $$,
	'no function that writes is parallel safe');
SELECT is_empty($$ SELECT object, provolatile FROM member_function
	WHERE lanname = 'c' AND prokind = 'f' AND provolatile <> 'i'
		AND prorettype <> 'pg_catalog.trigger'::regtype AND NOT pg_temp.excepted('immutable', proname) $$,
	'every function in C is immutable, or has a reason not to be');

-- what a function may do, and who may call it
SELECT is_empty($$ SELECT object FROM member_function WHERE prosecdef $$,
	'no function runs with the rights of its owner');
-- An SQL body that was parsed at creation needs no search path; a procedure
-- that commits can have none.
SELECT is_empty($$ SELECT object, proconfig FROM member_function
	WHERE lanname NOT IN ('c', 'internal') AND prokind = 'f' AND prosqlbody IS NULL
		AND NOT coalesce(proconfig @> ARRAY['search_path=pg_catalog, pg_temp'], false)
		AND NOT pg_temp.excepted('search_path', proname) $$,
	'every function with a body of text has its search path pinned');
SELECT is_empty($$ SELECT object FROM member_function
	WHERE provolatile = 'v' AND prokind IN ('f', 'p')
		AND pg_catalog.has_function_privilege('public', oid, 'EXECUTE')
		AND NOT pg_temp.excepted('public', proname) $$,
	'no volatile function or procedure can be called by everybody');
SELECT is_empty($$ SELECT r.object FROM member_relation r
	CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
	WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_catalog.has_table_privilege('public', r.oid, privilege) $$,
	'no table or view can be written by everybody');

-- A reader asks for today unless told otherwise.  An argument that comes before one that
-- has to be given can have no default.
SELECT is_empty($$ SELECT f.object, a.n FROM member_function AS f CROSS JOIN LATERAL unnest(f.proargnames) WITH ORDINALITY AS a (name, n)
	WHERE f.pronamespace = 'dunning'::regnamespace AND a.name = 'as_of' AND (f.proargmodes IS NULL OR f.proargmodes[a.n] = 'i')
		AND a.n >= f.pronargs - f.pronargdefaults AND pg_catalog.pg_get_function_arg_default(f.oid, a.n::integer) IS DISTINCT FROM 'dunning.today()'
		AND NOT pg_temp.excepted('as_of', f.proname) $$,
	'readers default to dunning.today()');
SELECT is_empty($$ SELECT f.object, a.name FROM member_function AS f CROSS JOIN LATERAL unnest(f.proargnames) AS a (name) JOIN pg_catalog.pg_get_keywords() AS k ON k.word = a.name
	WHERE f.pronamespace = 'dunning'::regnamespace AND k.catcode IN ('R', 'T') $$,
	'no argument and no column has the name of a reserved word');

-- Compiling a query over a ledger takes longer than running it: what reads one
-- as a whole has it switched off, and what calls that inherits it.
SELECT set_eq($$ SELECT DISTINCT proname::text FROM member_function
	WHERE prokind = 'f' AND prorettype <> 'pg_catalog.trigger'::regtype AND lanname IN ('sql', 'plpgsql')
		AND coalesce(nullif(prosrc, ''), pg_catalog.pg_get_function_sqlbody(oid)) ~ '(FROM|JOIN|LATERAL)\s+(_?dunning\.)?(open_items?|whole_items|ledger_items?|worklist|ledger_worklist|read_items|report_items|aged_items)\M|(items|keys)_source\('
		AND coalesce(proconfig @> ARRAY['jit=off'], false)
		AND NOT pg_temp.excepted('jit', proname) $$,
	$$ VALUES ('agenda_step'), ('customer_rows'), ('run_due'), ('run_review_items'), ('run_review_again'), ('run_documents'), ('ledger_worklist'), ('changed_steps'), ('insolvency'), ('insolvency_claims'), ('claim_book'), ('settle_reminders'), ('unseen_reminders'), ('read_items'), ('items_to_hold'), ('open_to_hold'), ('right_by_itself'), ('need_customer'), ('repeated_items'), ('facts_to_check'), ('aged_balance_report'), ('aged_balance_series'), ('figures_on'), ('document_bears'), ('why'), ('back_test'), ('item_history'), ('old_statements'), ('promised_items'), ('promise_family'), ('hold_customer'), ('asked_about'), ('customer_items'), ('call_list'), ('payers_source'), ('right_by_customer'), ('tonight_by_customer'), ('notice_context')
		UNION ALL VALUES ('names_rules'), ('customers_in_credit'), ('item_state'), ('customer_of')
		UNION ALL VALUES ('payment_delays'), ('payer_profile'), ('warning_signs'), ('dashboard_context'), ('process_figures')
		UNION ALL VALUES ('contact_gaps'), ('tonight_notices'), ('refresh_notices'), ('payer_credits'), ('merge_customer'), ('forget_customer'), ('reminder_faults'), ('rejects'), ('insurer_declarations'), ('top_customers'), ('plan_confirmation'), ('disputes_by_owner'), ('unmatched_receipts'), ('my_day') $$,
	'functions that read a ledger are not compiled');
-- The run and its agenda write and read what may be 100,000 rows.
SELECT is_empty($$ SELECT object FROM member_function
	WHERE prokind = 'f' AND prorettype <> 'pg_catalog.trigger'::regtype AND lanname IN ('sql', 'plpgsql') AND proname ~ '^(run|agenda|undo|settle|prune|claim|health|plans|take|make)(_|$)'
		AND coalesce(nullif(prosrc, ''), pg_catalog.pg_get_function_sqlbody(oid)) ~ '(FROM|JOIN|UPDATE|INTO)\s+(dunning\.(reminder|hold|claim|plan|notice|notice_reminder|run_problem|archive)|_dunning\.(run_item|agenda|touched))\M'
		AND NOT coalesce(proconfig @> ARRAY['jit=off'], false) AND NOT pg_temp.excepted('jit', proname) $$,
	'nor those of runs, claims and notices that read what they wrote');
SELECT is_empty($$ SELECT object FROM member_function
	WHERE prokind = 'f' AND lanname IN ('sql', 'plpgsql')
		AND coalesce(nullif(prosrc, ''), pg_catalog.pg_get_function_sqlbody(oid)) ~ '(FROM|JOIN|LATERAL)\s+(_?dunning\.)?(open_items?|whole_items|ledger_items?|worklist|ledger_worklist|read_items|report_items|aged_items)\M|(items|keys)_source\('
		AND NOT coalesce(proconfig @> ARRAY['jit=off'], false)
		AND NOT pg_temp.excepted('jit', proname) $$,
	'and none is forgotten');

-- what later operations rely on
SELECT is_empty($$ SELECT m.object FROM member m
	-- in this order, whatever the planner thinks of it
	WHERE CASE WHEN m.classid = 'pg_catalog.pg_opclass'::regclass THEN NOT pg_catalog.amvalidate(m.objid) END $$,
	'every operator class is valid for its access method');
SELECT is_empty($$ SELECT t.typname, am.amname FROM member_type t CROSS JOIN pg_catalog.pg_am am
	WHERE am.amname IN ('btree', 'hash') AND NOT pg_temp.excepted('order', t.typname)
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_opclass c WHERE c.opcintype = t.oid AND c.opcmethod = am.oid AND c.opcdefault) $$,
	'every type has an order and a hash, unless it is a state');

-- Four values of every such type: the last one equals the first, written otherwise
-- where that is possible.
CREATE TEMP TABLE sample (type text PRIMARY KEY, texts text[]);
INSERT INTO sample VALUES
	('aged_balance', ARRAY['{1, 2} by ..0, 1..', '{1, 2} by ..0, 1.. "late"', '{1, 1000000000000000000000000000000; undated 3} by ..0, 1..', '{1.00, 2} by ..0, 1..']),
	('aging_scheme', ARRAY['30,60', '30', '..', '..0 "not due", 1..30, 31..60, 61..']),
	('dunning_history', ARRAY['{reminder 5 email raised 2026-01-06}', '{}', '{hold x from 2026-01-06; hold y from 2026-01-06 until 2026-01-07}', '{ reminder 5 days EMAIL raised 2026-01-06 }']),
	('balance_history', ARRAY['{2026-01-15: 12}', '{}', '{2026-01-15: 12.0, 2026-01-16: -0.5}', '{2026-01-15: 12.00}']),
	('calendar', ARRAY['sat sun; 01-01', 'no weekend', 'sun', 'sun sat; 01-01']),
	('dunning_procedure', ARRAY['5 email', '5 email; 9 letter "A"', '15 email', '5 email; mode stepwise']),
	('item_key', ARRAY['42', 'F-1', 'f-1', '42']),
	('payment_terms', ARRAY['net 30', 'net 60', '45 days end of month', '30 days']),
	('penalty_rule', ARRAY['10%', '10%; grace 5', '9%', '10.00%']),
	('rate_history', ARRAY['{2026-01-01: 10}', 'ecb {2026-01-01: 10}', '{2026-01-01: 10, 2026-07-01: 11}', '{2026-01-01: 10.0}']);
SELECT set_eq($$ SELECT type FROM sample $$,
	$$ SELECT typname::text FROM member_type WHERE NOT pg_temp.excepted('order', typname) $$, 'all of them are tried');

-- A query of the values v, the setting that rules out the other plan, what the plan has in it, the result
CREATE TEMP TABLE trial (query text, off text, plan text, result text);
INSERT INTO trial VALUES
	('SELECT count(*) FROM (SELECT DISTINCT v FROM trial_value) AS d', 'hashagg', 'Unique|GroupAggregate', '3'),
	('SELECT count(*) FROM (SELECT v FROM trial_value GROUP BY v) AS d', 'sort', 'HashAggregate', '3'),
	('SELECT count(DISTINCT v) FROM trial_value', 'material', 'Aggregate', '3'),
	('SELECT string_agg(n::text, '' '' ORDER BY v, n) = string_agg(n::text, '' '' ORDER BY t COLLATE "C", n) FROM trial_value', 'material', 'Aggregate', 'true'),
	('SELECT count(*) FROM trial_value AS a JOIN trial_value AS b USING (v)', 'hashjoin', 'Merge Join', '6'),
	('SELECT count(*) FROM trial_value AS a JOIN trial_value AS b USING (v)', 'mergejoin', 'Hash Join', '6'),
	('SELECT count(*) FROM trial_value AS a JOIN trial_value AS b ON a.v < b.v OR a.v > b.v', 'material', 'Nested Loop', '10'),
	('SELECT count(*) FROM trial_indexed WHERE v >= (SELECT v FROM trial_value WHERE n = 1) AND v <= (SELECT v FROM trial_value WHERE n = 4)', 'seqscan', 'Index Cond', '1'),
	('SELECT count(*) FROM trial_hashed WHERE v = (SELECT v FROM trial_value WHERE n = 4)', 'seqscan', 'Index Cond', '2');

CREATE FUNCTION pg_temp.fails(type text, texts text[]) RETURNS TABLE (query text, plan text, result text) LANGUAGE plpgsql AS $$
DECLARE
	t trial;
	line text;
BEGIN
	EXECUTE pg_catalog.format('CREATE TEMP TABLE trial_value AS SELECT n, text::dunning.%I AS v, text::dunning.%1$I::text AS t FROM unnest($1) WITH ORDINALITY AS x (text, n)', type) USING texts;
	-- what is equal has one text in the order
	UPDATE trial_value SET t = (SELECT o.t FROM trial_value AS o WHERE o.n = 1) WHERE n = 4;
	CREATE TEMP TABLE trial_indexed AS SELECT * FROM trial_value WHERE n < 4;
	CREATE UNIQUE INDEX ON trial_indexed (v);
	CREATE TEMP TABLE trial_hashed AS SELECT * FROM trial_value;
	CREATE INDEX ON trial_hashed USING hash (v);
	ANALYZE trial_value, trial_indexed, trial_hashed;
	PERFORM pg_catalog.set_config('enable_nestloop', 'off', true);
	FOR t IN TABLE trial LOOP
		PERFORM pg_catalog.set_config('enable_' || t.off, 'off', true);
		plan := '';
		FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || t.query LOOP
			plan := plan || line || E'\n';
		END LOOP;
		EXECUTE t.query INTO result;
		query := t.query;
		IF plan !~ t.plan OR result <> t.result THEN
			RETURN NEXT;
		END IF;
		PERFORM pg_catalog.set_config('enable_' || t.off, 'on', true);
	END LOOP;
	BEGIN
		INSERT INTO trial_indexed SELECT * FROM trial_value WHERE n = 4;
		query := 'a unique index takes an equal value';
		RETURN NEXT;
	EXCEPTION WHEN unique_violation THEN
	END;
	PERFORM pg_catalog.set_config('enable_nestloop', 'on', true);
	DROP TABLE trial_value, trial_indexed, trial_hashed;
END $$;
SELECT is_empty(pg_catalog.format('SELECT * FROM pg_temp.fails(%L, %L)', type, texts),
	type || ': DISTINCT, GROUP BY, ORDER BY, joins and indexes work')
FROM sample ORDER BY type;

SELECT is_empty($$ SELECT f.object FROM member_function f
	JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = f.oid
	WHERE (a.aggcombinefn = 0 OR a.aggtranstype = 'internal'::regtype) AND NOT pg_temp.excepted('combine', f.proname) $$,
	'every aggregate can be computed in parts, with a state that can be sent');
SELECT is_empty($$ SELECT r.object, a.attname FROM member_relation r
	JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE r.relkind IN ('r', 'p')
		AND a.atttypid IN ('regproc'::regtype, 'regprocedure'::regtype, 'regoper'::regtype, 'regoperator'::regtype,
			'regconfig'::regtype, 'regdictionary'::regtype, 'regnamespace'::regtype, 'regcollation'::regtype) $$,
	'no column has a type that pg_upgrade refuses');
SELECT is_empty($$ SELECT DISTINCT e.rule, e.name FROM exception e
	WHERE NOT EXISTS (SELECT FROM member_function f WHERE f.proname = e.name)
		AND NOT EXISTS (SELECT FROM member_relation r WHERE r.relname = e.name AND r.relkind = 'v')
		AND NOT EXISTS (SELECT FROM member_type t WHERE t.typname = e.name) $$,
	'no exception is left over');

-- pg_upgrade restores the members one by one, and a member may come before the
-- casts and operator classes that the text of its definition needs.  So each
-- definition is parsed once more, with and without those of the extension, and must
-- come to the same; without, a cast is either an error or silently made by output
-- and input, and an order or a comparison of rows is an error.

-- the object, the statement that parses its definition, the query for the result
CREATE TEMP VIEW parsed_member AS
SELECT object, pg_catalog.pg_get_functiondef(oid) AS definition,
	pg_catalog.format('SELECT pg_catalog.concat(prosqlbody, proargdefaults) FROM pg_catalog.pg_proc WHERE oid = %s', oid) AS tree
FROM member_function WHERE prosqlbody IS NOT NULL OR proargdefaults IS NOT NULL
UNION ALL
SELECT object, pg_catalog.format('CREATE OR REPLACE VIEW %s AS %s', oid::regclass, pg_catalog.pg_get_viewdef(oid)),
	pg_catalog.format('SELECT ev_action::text FROM pg_catalog.pg_rewrite WHERE ev_class = %s', oid)
FROM member_relation WHERE relkind = 'v'
UNION ALL
SELECT r.object || ', a column', pg_catalog.format('CREATE TEMP TABLE parsed (LIKE %s, parsed_again %s %s)', r.oid::regclass,
		pg_catalog.format_type(a.atttypid, a.atttypmod),
		pg_catalog.format(CASE a.attgenerated WHEN '' THEN 'DEFAULT %s' ELSE 'GENERATED ALWAYS AS (%s) STORED' END,
			pg_catalog.pg_get_expr(d.adbin, d.adrelid))),
	$$SELECT adbin::text FROM pg_catalog.pg_attrdef WHERE adrelid = 'pg_temp.parsed'::regclass$$
FROM member_relation r JOIN pg_catalog.pg_attrdef d ON d.adrelid = r.oid
JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.adnum
UNION ALL
SELECT r.object || ', an expression', pg_catalog.format('CREATE TEMP VIEW parsed AS SELECT FROM %s WHERE ROW(%s) IS NULL', r.oid::regclass, e.expression),
	$$SELECT ev_action::text FROM pg_catalog.pg_rewrite WHERE ev_class = 'pg_temp.parsed'::regclass$$
FROM member_relation r
JOIN (
	SELECT conrelid, pg_catalog.pg_get_expr(conbin, conrelid) FROM pg_catalog.pg_constraint
	UNION ALL SELECT indrelid, pg_catalog.pg_get_expr(indexprs, indrelid) FROM pg_catalog.pg_index
	UNION ALL SELECT indrelid, pg_catalog.pg_get_expr(indpred, indrelid) FROM pg_catalog.pg_index
	UNION ALL SELECT polrelid, pg_catalog.pg_get_expr(polqual, polrelid) FROM pg_catalog.pg_policy
	UNION ALL SELECT polrelid, pg_catalog.pg_get_expr(polwithcheck, polrelid) FROM pg_catalog.pg_policy
) AS e (relation, expression) ON e.relation = r.oid AND e.expression IS NOT NULL
UNION ALL
SELECT r.object || ', a trigger',
	pg_catalog.format('DROP TRIGGER %I ON %s; %s', t.tgname, r.oid::regclass, pg_catalog.pg_get_triggerdef(t.oid)),
	pg_catalog.format('SELECT tgqual::text FROM pg_catalog.pg_trigger WHERE tgrelid = %s AND tgname = %L', r.oid, t.tgname)
FROM member_relation r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal AND t.tgqual IS NOT NULL;

-- What a definition is parsed to, without the places in its text, or the error
CREATE FUNCTION pg_temp.parsed(definition text, tree text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE definition;
	EXECUTE tree INTO result;
	RAISE SQLSTATE 'DNOK0';
EXCEPTION
	WHEN SQLSTATE 'DNOK0' THEN RETURN pg_catalog.regexp_replace(result, ':(\w*location|stmt_len|relid) -?\d+', '', 'g');
	WHEN OTHERS THEN RETURN 'error: ' || SQLERRM;
END $$;

CREATE FUNCTION pg_temp.parsed_without_casts() RETURNS TABLE (object text, result text) LANGUAGE plpgsql AS $$
DECLARE
	type text;
	found jsonb;
BEGIN
	FOR type IN SELECT pg_catalog.format('(%s AS %s)', c.castsource::regtype, c.casttarget::regtype)
		FROM member m JOIN pg_catalog.pg_cast c ON c.oid = m.objid WHERE m.classid = 'pg_catalog.pg_cast'::regclass LOOP
		EXECUTE 'ALTER EXTENSION pg_dunning DROP CAST ' || type;
		EXECUTE 'DROP CAST ' || type;
	END LOOP;
	SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(p.object, pg_temp.parsed(p.definition, p.tree))) INTO found
	FROM parsed_member p WHERE NOT p.object ^@ 'function ';
	-- functions come before operator classes, the rest after them
	UPDATE pg_catalog.pg_opclass AS c SET opcdefault = false FROM member AS m WHERE m.classid = 'pg_catalog.pg_opclass'::regclass AND m.objid = c.oid;
	DELETE FROM pg_catalog.pg_amop AS o USING member AS m WHERE m.classid = 'pg_catalog.pg_opfamily'::regclass AND m.objid = o.amopfamily;
	SELECT found || pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(p.object, pg_temp.parsed(p.definition, p.tree))) INTO found
	FROM parsed_member p WHERE p.object ^@ 'function ';
	RAISE SQLSTATE 'DNOK1';
EXCEPTION WHEN SQLSTATE 'DNOK1' THEN
	RETURN QUERY SELECT f->>0, f->>1 FROM pg_catalog.jsonb_array_elements(found) AS f;
END $$;

CREATE FUNCTION pg_temp.needs_a_cast() RETURNS TABLE (object text) LANGUAGE sql AS $$
	SELECT object FROM pg_temp.parsed_without_casts()
	EXCEPT ALL (SELECT p.object FROM (SELECT object, result FROM pg_temp.parsed_without_casts()
		INTERSECT ALL SELECT object, pg_temp.parsed(definition, tree) FROM parsed_member) AS p) $$;

SELECT cmp_ok((SELECT count(*) FROM parsed_member), '>', 150::bigint, 'there are definitions to parse once more');
SELECT is_empty($$ SELECT object, parsed FROM parsed_member, pg_temp.parsed(definition, tree) WHERE parsed ^@ 'error: ' OR parsed IS NULL $$,
	'each of them can be parsed');
SELECT is_empty($$ SELECT * FROM pg_temp.needs_a_cast() $$,
	'none uses a cast or an operator class of the extension, which pg_upgrade may not have restored yet');
-- and a cast is seen wherever it stands
CREATE FUNCTION _dunning.planted_error(dunning.rate_history) RETURNS jsonb LANGUAGE sql IMMUTABLE RETURN $1::jsonb;
CREATE FUNCTION _dunning.planted_body(dunning.item_key) RETURNS text LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT $1::text AS key; END;
CREATE FUNCTION _dunning.planted_rows(dunning.item_key, integer) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN ($1, $2) < ($1, 1);
CREATE FUNCTION _dunning.planted_group(dunning.item_key[]) RETURNS bigint LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT count(DISTINCT k) FROM unnest($1) AS k; END;
CREATE FUNCTION _dunning.planted_default(key dunning.item_key DEFAULT 7) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT NULL';
CREATE VIEW _dunning.planted_view AS SELECT ledger FROM dunning.run_problem WHERE item::text LIKE 'x%';
CREATE TABLE _dunning.planted_column (key dunning.item_key DEFAULT 5);
CREATE TABLE _dunning.planted_generated (key dunning.item_key, n text GENERATED ALWAYS AS (upper(key::text)) STORED);
CREATE TABLE _dunning.planted_check (key dunning.item_key, CHECK (key::text <> ''));
CREATE TABLE _dunning.planted_index (item text);
CREATE INDEX ON _dunning.planted_index ((item::dunning.item_key));
CREATE TABLE _dunning.planted_predicate (item dunning.item_key);
CREATE INDEX ON _dunning.planted_predicate (item) WHERE item::text > 'a';
CREATE TABLE _dunning.planted_trigger (item dunning.item_key);
CREATE TRIGGER planted AFTER UPDATE ON _dunning.planted_trigger FOR EACH ROW WHEN (NEW.item::text > OLD.item::text)
	EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger();
CREATE TABLE _dunning.planted_policy (item dunning.item_key);
CREATE POLICY planted ON _dunning.planted_policy USING (item::text > 'a');
DO $$
DECLARE
	planted text;
BEGIN
	FOR planted IN SELECT pg_catalog.format('%s %s', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, oid::regclass)
		FROM pg_catalog.pg_class WHERE relname ^@ 'planted' AND relkind IN ('r', 'v')
		UNION ALL SELECT pg_catalog.format('FUNCTION %s', oid::regprocedure) FROM pg_catalog.pg_proc WHERE proname ^@ 'planted' LOOP
		EXECUTE 'ALTER EXTENSION pg_dunning ADD ' || planted;
	END LOOP;
END $$;
SELECT bag_eq($$ SELECT substring(object FROM 'planted_(\w+)') FROM pg_temp.needs_a_cast() $$,
	ARRAY['error', 'body', 'rows', 'group', 'default', 'view', 'column', 'generated', 'check', 'index', 'predicate', 'trigger', 'policy'],
	'a cast in a body, a default, a view, a check, an index, a trigger or a policy is seen, and so are rows compared and grouped');

SELECT * FROM finish();
ROLLBACK;
