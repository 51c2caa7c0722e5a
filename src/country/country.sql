-- Countries: the last line of a letter that leaves its country (Universal Postal Union, S42).

CREATE TABLE dunning.country ( --: Countries, with their names in capitals as an address shows them. Rows of your own stand beside the shipped ones
	code text PRIMARY KEY CHECK (code ~ '^[A-Z]{2}$'), --: Code of ISO 3166-1
	name_en text NOT NULL, --: Name in English
	name_fr text NOT NULL, --: Name in French
	name_de text NOT NULL, --: Name in German
	name_nl text NOT NULL, --: Name in Dutch
	words text[] NOT NULL DEFAULT '{}', --: What else an ERP may write for it, in capitals without accents
	shipped boolean NOT NULL DEFAULT false --: Whether the row came with the extension
);
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.country
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('code');
SELECT pg_catalog.pg_extension_config_dump('dunning.country', 'WHERE NOT shipped');

-- The capitals of accented letters depend on the locale, words without accents on none.
CREATE FUNCTION _dunning.country_of_word(country text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN w.word ~ '^[A-Z]{2}$' AND w.word NOT IN ('UK', 'EL') THEN w.word
		ELSE coalesce((SELECT min(c.code) FROM dunning.country AS c
			WHERE w.word = ANY (c.words) OR w.name IN (c.name_en, c.name_fr, c.name_de, c.name_nl)), nullif(w.name, '')) END
	FROM (SELECT upper(btrim(country_of_word.country)) AS name, translate(upper(btrim(country_of_word.country) COLLATE "C"),
		'àâäáãåçéèêëíîïñóôöõøúûüÀÂÄÁÃÅÇÉÈÊËÍÎÏÑÓÔÖÕØÚÛÜ', 'AAAAAACEEEEIIINOOOOOUUUAAAAAACEEEEIIINOOOOOUUU') AS word) AS w
$$;
COMMENT ON FUNCTION _dunning.country_of_word(text) IS 'The ISO code of a country that an ERP writes as a code or by its name; the text in capitals if it is not known, NULL if it is empty';

-- This is put in place of its call by the planner.
CREATE FUNCTION _dunning.country_code(country text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN CASE WHEN country ~ '^[A-Z]{2}$' AND country NOT IN ('UK', 'EL') THEN country
		WHEN country IS NOT NULL THEN _dunning.country_of_word(country) END;
COMMENT ON FUNCTION _dunning.country_code(text) IS 'As _dunning.country_of_word, which it does not call for a code';

CREATE FUNCTION _dunning.country_name(country text, language text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((SELECT CASE country_name.language WHEN 'fr' THEN c.name_fr WHEN 'de' THEN c.name_de WHEN 'nl' THEN c.name_nl
		ELSE c.name_en END
		FROM dunning.country AS c WHERE c.code = k.code), k.code)
	FROM _dunning.country_code(country_name.country) AS k (code)
$$;
COMMENT ON FUNCTION _dunning.country_name(text, text) IS 'The name of a country in a language, in capitals, for the last line of an address; the text itself in capitals if it is not known';
