-- What nobody asks for any more.

CREATE FUNCTION dunning.write_off(ledger name, item dunning.item_key, reason text, on_day date DEFAULT NULL, part integer DEFAULT NULL,
		amount numeric DEFAULT NULL, source text DEFAULT 'person', external_id text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM _dunning.need_reason(reason, 'write an item off', 'The history of an item has to say why nobody asks for it any more.');
	IF on_day > _dunning.real_day() THEN
		RAISE EXCEPTION 'an item cannot be written off on %', _dunning.day_text(on_day)
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('Today is %s.', _dunning.day_text(_dunning.real_day())), HINT = 'Write it off when the day has come.';
	END IF;
	RETURN dunning.hold_item(ledger, item, 'write_off', from_day => on_day, part => part, amount => amount, note => reason, source => source,
		external_id => external_id);
END
$$;
COMMENT ON FUNCTION dunning.write_off(name, dunning.item_key, text, date, integer, numeric, text, text) IS
	'Writes off an item, a part of it or an amount, from the real day or an earlier one on, and returns the number of the hold. No reminder is raised, interest stops, and nothing more is claimed. dunning.release_hold takes it back';
