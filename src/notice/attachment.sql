-- Files that e-mails carry, such as the invoices, read from a table of the ERP.

CREATE TABLE dunning.attachment_source ( --: From where the files are read that messages carry: a table or view with a row a file. Written by dunning.save_attachments
	ledger name PRIMARY KEY, --: Ledger of the items
	relation regclass NOT NULL, --: Table or view with the files
	item_column name NOT NULL, --: Its column with the key of the item
	content_column name NOT NULL, --: Its column of type bytea with the file
	name_column name --: Its column with the name of the file; NULL: a file is named by the reference of its item, as a PDF file
);
SELECT pg_catalog.pg_extension_config_dump('dunning.attachment_source', '');

-- The ERP's table may be another one than when it was named.
CREATE FUNCTION _dunning.check_attachments(s dunning.attachment_source) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c record;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_class AS r WHERE r.oid = s.relation) THEN
		RAISE EXCEPTION 'the table with the files of ledger "%" is gone', s.ledger
			USING ERRCODE = 'undefined_table', HINT = 'Name another one by dunning.save_attachments; DELETE FROM dunning.attachment_source ends them.';
	END IF;
	FOR c IN
		SELECT v.name, v.role, a.attnum, a.atttypid, t.typcategory, t.typnamespace
		FROM (VALUES (s.item_column, 'item'), (s.content_column, 'content'), (s.name_column, 'name')) AS v (name, role)
		LEFT JOIN pg_attribute AS a ON a.attrelid = s.relation AND a.attname = v.name AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_type AS t ON t.oid = a.atttypid
		WHERE v.name IS NOT NULL
	LOOP
		IF c.attnum IS NULL THEN
			RAISE EXCEPTION '% has no column "%"', s.relation, c.name
				USING ERRCODE = 'undefined_column', HINT = 'Name the columns with the files by dunning.save_attachments.';
		END IF;
		-- nobody runs an operator or a cast that somebody made
		IF c.role = 'content' AND c.atttypid <> 'bytea'::regtype OR c.typnamespace <> 'pg_catalog'::regnamespace OR c.role = 'name' AND c.typcategory <> 'S' THEN
			RAISE EXCEPTION 'column "%" of % is of type %', c.name, s.relation, format_type(c.atttypid, NULL)
				USING ERRCODE = 'datatype_mismatch', DETAIL = CASE c.role WHEN 'content' THEN 'A file is of type bytea.' WHEN 'name' THEN 'A name is a text.'
					ELSE 'A key is of a type of PostgreSQL.' END,
					HINT = 'Make a view that converts it.';
		END IF;
	END LOOP;
END
$$;
COMMENT ON FUNCTION _dunning.check_attachments(dunning.attachment_source) IS
	'Error 42P01 if the table with the files of a ledger is gone, 42703 for a column that is not there, 42804 for one of another type';

CREATE FUNCTION dunning.save_attachments(ledger name, relation regclass, item name, content name, file_name name DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
	PERFORM _dunning.need_ledger(save_attachments.ledger);
	IF save_attachments.ledger IS NULL OR save_attachments.relation IS NULL OR save_attachments.item IS NULL
		OR save_attachments.content IS NULL THEN
		RAISE EXCEPTION 'attachments need a ledger, a table, and its columns with the item and the content'
			USING ERRCODE = 'null_value_not_allowed', HINT = 'DELETE FROM dunning.attachment_source ends them.';
	END IF;
	PERFORM _dunning.check_attachments(ROW(save_attachments.ledger, save_attachments.relation, save_attachments.item,
		save_attachments.content, save_attachments.file_name)::dunning.attachment_source);
	INSERT INTO dunning.attachment_source AS old (ledger, relation, item_column, content_column, name_column)
	VALUES (save_attachments.ledger, save_attachments.relation, save_attachments.item, save_attachments.content, save_attachments.file_name)
	ON CONFLICT (ledger) DO UPDATE SET relation = excluded.relation, item_column = excluded.item_column,
		content_column = excluded.content_column,
		name_column = excluded.name_column;
END
$$;
COMMENT ON FUNCTION dunning.save_attachments(name, regclass, name, name, name) IS
	'Says from where the files of the items of a ledger are read, such as its invoices, in place of what was said before. Errors: 42704 for an unknown ledger, 42703 for a column that is not there, 42804 for one of another type, 22004';

-- Whoever stores it under this name writes into the folder that he chose, and shows the ending that it has.
CREATE FUNCTION _dunning.file_name(name text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN s.name ~ '^[. ]' THEN '_' ELSE '' END || CASE WHEN length(s.name) > 120 THEN left(s.name, 110) || right(s.name,
		10) ELSE s.name END
	FROM (SELECT regexp_replace(regexp_replace(btrim(file_name.name), U&'[[:cntrl:]/\005C:*?"<>|\200B-\200F\202A-\202E\2066-\2069]', '_', 'g'), '[. ]+$', '_') AS name) AS s
$$;
COMMENT ON FUNCTION _dunning.file_name(text) IS 'A name under which a file can be stored anywhere: no path, no control character, no dot at either end, at most some 120 characters';

CREATE FUNCTION _dunning.attached_query(s dunning.attachment_source, keys dunning.item_key[]) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT format('SELECT jsonb_build_object(''item'', a.%1$I::text, ''name'', %2$s, ''content'', encode(a.%3$I, ''base64''))::text FROM %4$s AS a WHERE a.%1$I = ANY (%5$L::%6$s[])',
		s.item_column, CASE WHEN s.name_column IS NULL THEN 'NULL' ELSE format('a.%I', s.name_column) END, s.content_column, s.relation,
		keys::text[], format_type(a.atttypid, NULL))
	FROM pg_attribute AS a WHERE a.attrelid = s.relation AND a.attname = s.item_column
$$;
COMMENT ON FUNCTION _dunning.attached_query(dunning.attachment_source, dunning.item_key[]) IS 'The query for the files of some items, each a JSON object with item, name and content';

CREATE FUNCTION dunning.notice_files(notice bigint) RETURNS TABLE (item dunning.item_key, name text, content bytea)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	n CONSTANT dunning.notice := _dunning.need_notice(notice);
	s dunning.attachment_source;
	relations oid[];
	reader oid;
	problem text;
	carried jsonb := '[]';
	f jsonb;
BEGIN
	IF n.state NOT IN ('taken', 'sent') THEN
		RAISE EXCEPTION 'notice % is %', notice_files.notice, n.state USING ERRCODE = 'object_not_in_prerequisite_state',
			HINT = format('Take it first: SELECT * FROM dunning.take_notices(%L).', n.channel);
	END IF;
	SELECT a.* INTO s FROM dunning.attachment_source AS a WHERE a.ledger = n.ledger;
	IF s.ledger IS NULL THEN
		RETURN;
	END IF;
	PERFORM _dunning.check_attachments(s);
	relations := ARRAY[s.relation::oid];
	reader := _dunning.reader_of(relations);
	-- a message does not go without a file because somebody may not see it
	problem := coalesce(_dunning.reading_problem(relations, reader), _dunning.hiding_problem(relations, reader));
	IF problem IS NOT NULL THEN
		RAISE EXCEPTION 'the files of ledger "%" cannot be read', n.ledger USING ERRCODE = 'insufficient_privilege', DETAIL = problem;
	END IF;
	FOR f IN
		SELECT t::jsonb FROM _dunning.read_texts(reader, _dunning.attached_query(s, ARRAY(SELECT DISTINCT r.item
			FROM dunning.notice_reminder AS l JOIN dunning.reminder AS r ON r.reminder = l.reminder WHERE l.notice = notice_files.notice
				AND l.removed IS NULL))) AS t
		ORDER BY t::jsonb ->> 'item', t::jsonb ->> 'name'
	LOOP
		CONTINUE WHEN f ->> 'content' IS NULL;
		item := (f ->> 'item')::dunning.item_key;
		name := _dunning.file_name(coalesce(nullif(btrim(f ->> 'name'), ''), coalesce((SELECT i ->> 'reference'
			FROM jsonb_array_elements(n.context -> 'items') AS i
			WHERE i #>> '{raw,item}' = f ->> 'item' LIMIT 1), f ->> 'item') || '.pdf'));
		content := decode(f ->> 'content', 'base64');
		carried := carried || jsonb_build_object('item', f ->> 'item', 'name', name, 'bytes', length(content), 'sha256', encode(sha256(content), 'hex'));
		RETURN NEXT;
	END LOOP;
	IF n.state = 'taken' THEN
		UPDATE dunning.notice AS t SET attachments = carried WHERE t.notice = notice_files.notice;
	END IF;
END
$$;
COMMENT ON FUNCTION dunning.notice_files(bigint) IS
	'The files that a notice carries, of the items that are in it, read as the tables of a ledger are; dunning.notice remembers their names and checksums. Errors: 55000 before it was taken, 42501 for files that cannot be read whole, 42P01, 42703 or 42804 if their table is not what it was, P0002';
