-- Channels: what a step of a procedure is done by, and what people call it.

CREATE TABLE dunning.channel ( --: Channels of the steps of procedures. Rows of your own stand beside the shipped ones
	channel text PRIMARY KEY CHECK (channel ~ '^[a-z_][a-z0-9_]*$' AND octet_length(channel) <= 63), --: Name, as a procedure has it
	message boolean NOT NULL, --: Whether its reminders become notices, which a sender takes; false: a person does them
	needs text CHECK (needs IN ('email', 'phone', 'address')), --: What a message needs of its recipient: email, phone or address; NULL: nothing
	label_en text NOT NULL, --: What it is called in English
	label_fr text, --: What it is called in French; NULL: as in English
	label_de text, --: What it is called in German; NULL: as in English
	label_nl text, --: What it is called in Dutch; NULL: as in English
	words text[], --: Other words for it, which no procedure may use; NULL for a row of your own
	shipped boolean NOT NULL DEFAULT false, --: Whether the row came with the extension
	CHECK (shipped OR words IS NULL)
);
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.channel
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('channel');
-- Otherwise a restore would depend on the order of the tables.
CREATE FUNCTION _dunning.refuse_word() RETURNS trigger
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	meant CONSTANT text := (SELECT c.channel FROM dunning.channel AS c WHERE NEW.channel = ANY (c.words));
BEGIN
	IF meant IS NOT NULL THEN
		RAISE EXCEPTION 'a channel of your own cannot be called "%"', NEW.channel
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('This is a word for the channel "%s".', meant);
	END IF;
	RETURN NEW;
END
$$;
COMMENT ON FUNCTION _dunning.refuse_word() IS 'Trigger: refuses a channel whose name is a word for another one';
CREATE TRIGGER refuse_word BEFORE INSERT OR UPDATE OF channel ON dunning.channel FOR EACH ROW EXECUTE FUNCTION _dunning.refuse_word();
SELECT pg_catalog.pg_extension_config_dump('dunning.channel', 'WHERE NOT shipped');

CREATE FUNCTION _dunning.is_message(channel text) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN coalesce((SELECT c.message FROM dunning.channel AS c WHERE c.channel = is_message.channel), true);
COMMENT ON FUNCTION _dunning.is_message(text) IS 'Whether the reminders of a channel become notices; those of an unknown one do';

CREATE FUNCTION _dunning.channel_needs(channel text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (SELECT c.needs FROM dunning.channel AS c WHERE c.channel = channel_needs.channel AND c.message);
COMMENT ON FUNCTION _dunning.channel_needs(text) IS 'What a message needs of its recipient by its channel: email, phone or address; NULL: nothing';

CREATE FUNCTION _dunning.channel_text(channel text, language text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN coalesce((SELECT coalesce(CASE language WHEN 'fr' THEN c.label_fr WHEN 'de' THEN c.label_de WHEN 'nl' THEN c.label_nl END, c.label_en)
		FROM dunning.channel AS c WHERE c.channel = channel_text.channel), replace(channel, '_', ' '));
COMMENT ON FUNCTION _dunning.channel_text(text, text) IS 'A channel in the words of a language; its name if it is not known';

-- A word of another language would become a message that no sender takes.
CREATE FUNCTION _dunning.check_channels(who text, channels text[]) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s record;
BEGIN
	FOR s IN
		SELECT DISTINCT t.channel, (SELECT min(c.channel) FROM dunning.channel AS c
			WHERE lower(t.channel) = ANY (c.words || c.channel)) AS meant
		FROM unnest(channels) AS t (channel)
		WHERE NOT EXISTS (SELECT FROM dunning.channel AS c WHERE c.channel = t.channel)
		ORDER BY 2, 1
	LOOP
		IF s.meant IS NOT NULL THEN
			RAISE EXCEPTION '% has a channel "%", which is called "%"', who, s.channel, s.meant
				USING ERRCODE = 'invalid_parameter_value', DETAIL = 'No sender would take its messages.',
					HINT = format('Write %s.', s.meant);
		END IF;
		RAISE WARNING '% has a channel "%" that is not known', who, s.channel
			USING DETAIL = format('Only dunning.take_notices(%L) takes its messages.', s.channel),
				HINT = 'SELECT channel, label_en FROM dunning.channel lists those that are known; insert a row for one of your own.';
	END LOOP;
END
$$;
COMMENT ON FUNCTION _dunning.check_channels(text, text[]) IS 'Error 22023 if one of some channels is a word for a channel instead of its name; a warning of each that is not known';
