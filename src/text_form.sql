-- Drivers bind texts.  So each function that takes one of these values also takes its
-- text, and reads it in C (DUNNING_TEXT_FUNCTION).  A literal without a type is read by
-- these forms.  An implicit cast would do, but would take part in the resolution of
-- every operator.
--
-- A form has what its function has, but no defaults up to the text, so that a call that
-- leaves them out means the function.
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
			CASE WHEN f.proisstrict THEN 'STRICT' ELSE '' END, f.procost, 'ROWS ' || nullif(f.prorows, 0), 'SUPPORT ' || nullif(f.prosupport::pg_catalog.text, '-'), f.prosrc || '_text');
		EXECUTE pg_catalog.format('COMMENT ON FUNCTION %s IS %L', pg_catalog.replace(f.signature::pg_catalog.text, f.type, 'text'),
			pg_catalog.format('The same with a %s that is a text; error 22P02 if the text is not understood', f.type));
	END LOOP;
END $do$;
