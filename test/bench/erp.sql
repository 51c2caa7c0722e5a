-- Read before the parts over an ERP's own tables: rows of a table "times" times
-- over, with the columns that are keys shifted.
SET session_replication_role = replica;
CREATE FUNCTION multiply(relation regclass, times integer, step integer, changed jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('INSERT INTO %1$s (%2$s) OVERRIDING SYSTEM VALUE SELECT %3$s FROM %1$s AS t CROSS JOIN (SELECT k * %4$s AS shift FROM generate_series(1, %5$s) AS k) AS k', relation,
		(SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attgenerated = ''),
		(SELECT string_agg(coalesce(changed ->> attname, 't.' || quote_ident(attname)), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attgenerated = ''),
		step, times - 1);
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n;
END $$;
