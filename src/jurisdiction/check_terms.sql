-- Whether a due date is lawful.

CREATE FUNCTION dunning.check_terms(jurisdiction text, issued_on date, due_on date, stipulated boolean DEFAULT true,
		end_of_month boolean DEFAULT false, expressly_agreed boolean DEFAULT false, large_owes_small boolean DEFAULT false,
		OUT allowed boolean, OUT latest date, OUT reason text)
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	law dunning.jurisdiction;
	days integer;
	bound text;
	by_law text;
BEGIN
	IF jurisdiction IS NULL OR issued_on IS NULL OR due_on IS NULL THEN
		RETURN;
	END IF;
	IF NOT isfinite(issued_on) OR NOT isfinite(due_on) THEN
		RAISE EXCEPTION 'a date is infinite' USING ERRCODE = 'datetime_field_overflow';
	END IF;
	law := dunning.law(jurisdiction, issued_on);
	by_law := coalesce(' (' || law.days_source || ')', '');
	IF stipulated IS FALSE THEN
		days := law.days_default;
		bound := 'days from issue where nothing was stipulated';
	ELSIF large_owes_small AND law.days_max_small IS NOT NULL THEN
		days := law.days_max_small;
		bound := 'days from issue where a large firm owes a small one';
	ELSIF end_of_month AND law.days_max_eom IS NOT NULL THEN
		days := law.days_max_eom;
		bound := 'days end of month, in the reading that gives more';
	ELSE
		days := law.days_max;
		bound := 'days from issue';
	END IF;
	IF days IS NULL THEN
		reason := format('No limit on the days to pay is known for jurisdiction "%s".', law.code);
		RETURN;
	END IF;
	latest := CASE WHEN bound LIKE 'days end of month%' THEN
			-- the end of the month and then the days, or the days and then the end of the month
			greatest((date_trunc('month', issued_on::timestamp) + interval '1 month')::date - 1 + days,
				(date_trunc('month', (issued_on + days)::timestamp) + interval '1 month')::date - 1)
		ELSE issued_on + days END;
	allowed := due_on <= latest;
	reason := format('Due %s days after issue; the law allows %s %s: at latest %s%s.',
		due_on - issued_on, days, bound, to_char(latest, 'YYYY-MM-DD'), by_law);
	IF due_on < issued_on THEN
		reason := format('Due %s days before issue: no limit on the days to pay is broken%s.', issued_on - due_on, by_law);
	END IF;
	IF NOT allowed AND stipulated IS NOT FALSE AND law.days_free THEN
		allowed := coalesce(expressly_agreed, false);
		reason := format('Due %s days after issue; more than %s days are lawful only if expressly agreed and not grossly unfair%s.',
			due_on - issued_on, days, by_law);
	END IF;
END
$$;
COMMENT ON FUNCTION dunning.check_terms IS 'Whether a due date is lawful by the law of the day of issue (NULL: no limit is known), the latest lawful date, and a sentence that names the article. stipulated, end_of_month, expressly_agreed and large_owes_small say what the parties agreed and who they are';
