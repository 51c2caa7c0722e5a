-- Drivers bind texts.  So each function that takes one of these values also takes its
-- text, and reads it in C (DUNNING_TEXT_FUNCTION).  A literal without a type is read by
-- these forms.  An implicit cast would do, but would take part in the resolution of
-- every operator.
--
-- A form has what its function has, but no defaults up to the text, so that a call that
-- leaves them out means the function.
CREATE FUNCTION _dunning.text_form_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_text_form_support';
COMMENT ON FUNCTION _dunning.text_form_support IS 'Planner support of the functions that take the text of a value: a constant text becomes the value';

DO $do$
DECLARE
	f record;
BEGIN
	FOR f IN
		SELECT p.*, pg_catalog.pg_get_function_result(p.oid) AS result, v.type, p.oid::pg_catalog.regprocedure AS signature,
			pg_catalog.regexp_match(pg_catalog.pg_get_function_arguments(p.oid), '^(.*?)' || v.type || '(?: DEFAULT ''[^'']*''::' || v.type || ')?(.*)$') AS around
		FROM (VALUES
			('penalty_rule', '{late_interest,late_compensation,late_penalty,explain_penalty}'),
			('aging_scheme', '{aging_bucket,bucket_label,in_aging_bucket,aging_bucket_from,aging_bucket_to}'),
			('dunning_procedure', '{next_step}'),
			('payment_terms', '{due_date,instalments,discount,discount_offers}')) AS v (type, names)
		JOIN pg_catalog.pg_proc AS p ON p.pronamespace = 'dunning'::pg_catalog.regnamespace AND p.proname = ANY (v.names::pg_catalog.name[])
			AND v.type::pg_catalog.regtype::pg_catalog.oid = ANY (p.proargtypes)
	LOOP
		EXECUTE pg_catalog.format('CREATE FUNCTION dunning.%I(%stext%s) RETURNS %s LANGUAGE c IMMUTABLE %s PARALLEL SAFE COST %s %s %s AS ''MODULE_PATHNAME'', %L',
			f.proname, pg_catalog.regexp_replace(f.around[1], ' DEFAULT [^,]*', '', 'g'), f.around[2], f.result,
			CASE WHEN f.proisstrict THEN 'STRICT' ELSE '' END, f.procost, 'ROWS ' || nullif(f.prorows, 0), 'SUPPORT ' || CASE WHEN f.prosupport = 0 THEN '_dunning.text_form_support'
				ELSE f.prosupport::pg_catalog.text END, f.prosrc || '_text');
		EXECUTE pg_catalog.format('COMMENT ON FUNCTION %s IS %L', pg_catalog.replace(f.signature::pg_catalog.text, f.type, 'text'),
			pg_catalog.format('The same with a %s that is a text; error 22P02 if the text is not understood', f.type));
	END LOOP;
END $do$;

-- The other functions have forms in SQL, one for each choice of their values that are
-- texts.  A constructor has none: as a text its argument could be of any type.
DO $do$
DECLARE
	-- what columns of text hold: the values, and keys
	read CONSTANT pg_catalog.oid[] := ARRAY['dunning.aging_scheme', 'dunning.rate_history', 'dunning.penalty_rule', 'dunning.dunning_procedure', 'dunning.calendar',
		'dunning.payment_terms', 'dunning.item_key']::pg_catalog.regtype[];
	f record;
	form record;
BEGIN
	FOR f IN
		SELECT p.*, pg_catalog.pg_get_function_result(p.oid) AS result, v.places, p.proname::text AS name,
			(SELECT pg_catalog.string_agg(pg_catalog.format(', OUT %I %s', p.proargnames[o], p.proallargtypes[o]::pg_catalog.regtype), '' ORDER BY o)
				FROM pg_catalog.generate_subscripts(p.proargmodes, 1) AS o WHERE p.proargmodes[o] = 'o') AS outs
		FROM pg_catalog.pg_proc AS p
		CROSS JOIN LATERAL (SELECT pg_catalog.array_agg(i) FROM pg_catalog.generate_series(1, p.pronargs) AS i
			WHERE p.proargtypes[i - 1] = ANY (read)) AS v (places)
		WHERE p.pronamespace = 'dunning'::pg_catalog.regnamespace AND p.prokind = 'f' AND v.places IS NOT NULL AND p.proname <> 'to_jsonb'
			AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS t WHERE t.typnamespace = p.pronamespace AND t.typname = p.proname
				AND t.typtype = 'b')
	LOOP
		FOR form IN
			SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', pg_catalog.quote_ident(nullif(f.proargnames[a.i], '')), a.type,
					CASE WHEN a.i > m.last_text THEN 'DEFAULT ' || pg_catalog.pg_get_function_arg_default(f.oid, a.i) END), ', '
						ORDER BY a.i) AS arguments,
				pg_catalog.string_agg(pg_catalog.format('$%s%s', a.i, CASE WHEN a.is_text THEN '::' || a.was END), ', ' ORDER BY a.i) AS values,
				pg_catalog.string_agg(a.type, ', ' ORDER BY a.i) AS types,
				pg_catalog.string_agg(DISTINCT pg_catalog.substr(a.was, 9), ', ') FILTER (WHERE a.is_text) AS kinds
			FROM (SELECT c.mask, c.texts, (SELECT pg_catalog.max(t) FROM pg_catalog.unnest(c.texts) AS t) AS last_text
				FROM (SELECT mask, ARRAY(SELECT f.places[b] FROM pg_catalog.generate_subscripts(f.places, 1) AS b
					WHERE mask >> (b - 1) & 1 = 1) AS texts
					FROM pg_catalog.generate_series(1, (1 << pg_catalog.cardinality(f.places)) - 1) AS mask) AS c) AS m
			CROSS JOIN LATERAL (SELECT i, i = ANY (m.texts) AS is_text,
				(SELECT 'dunning.' || t.typname FROM pg_catalog.pg_type AS t WHERE t.oid = f.proargtypes[i - 1]) AS was, CASE WHEN i = ANY (m.texts)
					THEN 'text' ELSE f.proargtypes[i - 1]::pg_catalog.regtype::text END AS type
				FROM pg_catalog.generate_series(1, f.pronargs) AS i) AS a
			GROUP BY m.mask
		LOOP
			CONTINUE WHEN pg_catalog.to_regprocedure(pg_catalog.format('dunning.%I(%s)', f.proname, form.types)) IS NOT NULL;
			EXECUTE pg_catalog.format('CREATE FUNCTION dunning.%I(%s%s) RETURNS %s LANGUAGE sql %s %s PARALLEL %s %s %s', f.proname, form.arguments, f.outs, f.result,
				CASE f.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END, CASE WHEN f.proisstrict THEN 'STRICT' ELSE '' END,
				CASE f.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' ELSE 'UNSAFE' END,
				'ROWS ' || nullif(f.prorows, 0),
				-- a key is read by a cast, and pg_upgrade may restore the function before it
				pg_catalog.format(CASE WHEN form.kinds LIKE '%item_key%' THEN 'SET search_path = pg_catalog, pg_temp AS ''SELECT * FROM dunning.%I(%s)'''
					WHEN f.proretset OR f.outs IS NOT NULL THEN 'BEGIN ATOMIC SELECT * FROM dunning.%I(%s); END' ELSE 'RETURN dunning.%I(%s)' END, f.proname, form.values));
			EXECUTE pg_catalog.format('COMMENT ON FUNCTION dunning.%I(%s) IS %L', f.proname, form.types,
				pg_catalog.format('The same with the text of: %s; error 22P02 if the text is not understood', form.kinds));
		END LOOP;
	END LOOP;
END $do$;
