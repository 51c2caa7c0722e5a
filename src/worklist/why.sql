-- Why an item is where it is, in the words of a collector.

CREATE FUNCTION _dunning.why_state(w dunning.worklist, language text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN language = 'fr' THEN CASE w.state
			WHEN 'due' THEN format('Étape %s à faire depuis le %s : %s%s', w.level, _dunning.day_text(w.step_on, 'fr'), w.channel, ' « ' || w.label || ' »')
			WHEN 'scheduled' THEN format('Prochaine étape le %s : étape %s, %s%s', _dunning.day_text(w.step_on, 'fr'), w.level, w.channel, ' « ' || w.label || ' »')
			WHEN 'held' THEN 'Relances suspendues : ' || w.reason_name || coalesce(' jusqu''au ' || _dunning.day_text(w.until_on, 'fr') || ' inclus', ', sans fin prévue')
			WHEN 'below_minimum' THEN format('Étape %s atteinte, mais le montant dû est inférieur au minimum de cette étape', w.level)
			WHEN 'exhausted' THEN 'Toutes les étapes de la procédure sont faites'
			WHEN 'settled' THEN 'Rien n''est dû'
			WHEN 'handed_over' THEN 'Dossier transmis : ' || w.reason_name END
		ELSE CASE w.state
			WHEN 'due' THEN format('Step %s is due since %s: %s%s', w.level, _dunning.day_text(w.step_on, 'en'), w.channel, ' "' || w.label || '"')
			WHEN 'scheduled' THEN format('The next step is on %s: step %s, %s%s', _dunning.day_text(w.step_on, 'en'), w.level, w.channel, ' "' || w.label || '"')
			WHEN 'held' THEN 'Reminders are stopped: ' || w.reason_name || coalesce(' through ' || _dunning.day_text(w.until_on, 'en'), ', and nobody said until when')
			WHEN 'below_minimum' THEN format('Step %s has come, but the open amount is below the minimum of this step', w.level)
			WHEN 'exhausted' THEN 'All steps of the procedure are done'
			WHEN 'settled' THEN 'Nothing is open'
			WHEN 'handed_over' THEN 'The item was handed over to ' || w.reason_name END END;
COMMENT ON FUNCTION _dunning.why_state(dunning.worklist, text) IS 'The state of an item of the work list as a sentence';

CREATE FUNCTION _dunning.why_reason(w dunning.worklist, language text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN language = 'fr' THEN CASE
			WHEN w.reason = 'due_date' AND w.state <> 'exhausted' THEN format('L''étape compte à partir de l''échéance du %s', _dunning.day_text(w.reason_on, 'fr'))
			WHEN w.reason = 'reminder' THEN format('La dernière relance (%s) est du %s', w.reason_name, _dunning.day_text(w.reason_on, 'fr'))
			WHEN w.reason = 'hold' AND w.state = 'held' THEN format('La suspension (%s) a commencé le %s', w.reason_name, _dunning.day_text(w.reason_on, 'fr'))
			WHEN w.reason = 'hold' THEN format('La suspension (%s) a pris fin le %s', w.reason_name, _dunning.day_text(w.reason_on, 'fr'))
			WHEN w.reason = 'rejection' THEN format('Un paiement a été rejeté le %s%s', _dunning.day_text(w.reason_on, 'fr'), ' (motif ' || upper(nullif(w.reason_name, 'unknown')) || ')')
			WHEN w.reason = 'broken' THEN format('L''étape compte à partir du %s : %s', _dunning.day_text(w.reason_on, 'fr'), lower(w.reason_name))
			WHEN w.reason = 'handover' THEN format('La transmission est du %s', _dunning.day_text(w.reason_on, 'fr'))
			WHEN w.reason = 'minimum' THEN format('Montant dû : %s%s', dunning.format_money(w.open_amount, w.currency, 'fr'),
				CASE WHEN w.held_amount > 0 THEN ', dont suspendu : ' || dunning.format_money(w.held_amount, w.currency, 'fr') END) END
		ELSE CASE
			WHEN w.reason = 'due_date' AND w.state <> 'exhausted' THEN format('The step counts from the due date, %s', _dunning.day_text(w.reason_on, 'en'))
			WHEN w.reason = 'reminder' THEN format('The last reminder (%s) is of %s', w.reason_name, _dunning.day_text(w.reason_on, 'en'))
			WHEN w.reason = 'hold' AND w.state = 'held' THEN format('The hold (%s) began on %s', w.reason_name, _dunning.day_text(w.reason_on, 'en'))
			WHEN w.reason = 'hold' THEN format('The hold (%s) ended on %s', w.reason_name, _dunning.day_text(w.reason_on, 'en'))
			WHEN w.reason = 'rejection' THEN format('A payment was rejected on %s%s', _dunning.day_text(w.reason_on, 'en'), ' (code ' || upper(nullif(w.reason_name, 'unknown')) || ')')
			WHEN w.reason = 'broken' THEN format('The step counts from %s: %s', _dunning.day_text(w.reason_on, 'en'), lower(w.reason_name))
			WHEN w.reason = 'handover' THEN format('The handover is of %s', _dunning.day_text(w.reason_on, 'en'))
			WHEN w.reason = 'minimum' THEN format('Open amount: %s%s', dunning.format_money(w.open_amount, w.currency, 'en'),
				CASE WHEN w.held_amount > 0 THEN ', of which is held: ' || dunning.format_money(w.held_amount, w.currency, 'en') END) END END;
COMMENT ON FUNCTION _dunning.why_reason(dunning.worklist, text) IS 'The fact that made the state of an item of the work list, as a sentence';

CREATE FUNCTION _dunning.why_problem(problem text, language text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN CASE WHEN language = 'fr' THEN 'Rien n''est fait : ' || CASE problem
			WHEN 'the key is missing' THEN 'la clé manque'
			WHEN 'a key is longer than 2000 bytes' THEN 'une clé dépasse 2000 octets'
			WHEN 'the open amount is missing' THEN 'le montant dû manque'
			WHEN 'the open amount is not a number' THEN 'le montant dû n''est pas un nombre'
			WHEN 'the due date is missing' THEN 'l''échéance manque'
			WHEN 'the due date is not a day' THEN 'l''échéance n''est pas un jour'
			WHEN 'the customer is missing' THEN 'le client manque'
			WHEN 'the item has more than 1000 reminders and holds' THEN 'le poste a plus de 1000 relances et suspensions'
			ELSE regexp_replace(problem, '^dunning procedure "(.*)" does not exist$', 'la procédure de relance « \1 » n''existe pas') END
		ELSE 'Nothing is done: ' || problem END;
COMMENT ON FUNCTION _dunning.why_problem(text, text) IS 'The problem of an item of the work list as a sentence';

CREATE FUNCTION _dunning.customer_state(w dunning.worklist, c dunning.customer_worklist, language text) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	w.state := c.state; w.level := c.level; w.step_on := c.step_on; w.label := c.label;
	w.channel := _dunning.channel_text(c.channel, language);
	w.reason_name := coalesce(w.reason_name, c.reason); w.until_on := coalesce(c.held_until, w.until_on);
	RETURN coalesce(_dunning.why_state(w, language), CASE WHEN language = 'fr' THEN 'rien à faire' ELSE 'nothing is to be done' END);
END
$$;
COMMENT ON FUNCTION _dunning.customer_state(dunning.worklist, dunning.customer_worklist, text) IS 'The state of a customer as a sentence, beside an item of his';

-- What is not noted of an item, but made of its amount or of what is loaded, or a flag of the ERP.
DO $do$
BEGIN
	EXECUTE format($f$
CREATE FUNCTION _dunning.why_made(w dunning.worklist, made text, as_of date, language text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN made ^@ 'erp_' THEN CASE WHEN language = 'fr' THEN 'L''ERP ne dit pas depuis quand' ELSE 'The ERP does not say since when' END ELSE CASE made
		WHEN 'tolerance' THEN format(CASE WHEN language = 'fr' THEN 'Montant à relancer : %%s ; seuil : %%s' ELSE 'Amount to be asked for: %%s; the tolerance is %%s' END,
			dunning.format_money(w.open_amount - w.held_amount, w.currency, language), dunning.format_money(%1$s, w.currency, language))
		WHEN 'statements' THEN CASE WHEN language = 'fr'
			THEN coalesce('Relevés bancaires chargés jusqu''au ' || _dunning.day_text(%2$s, 'fr') || ' ; il les faut', 'Aucun relevé bancaire n''est chargé ; il les faut') || ' jusqu''au '
			ELSE coalesce('Bank statements are loaded through ' || _dunning.day_text(%2$s, 'en') || ', and are needed', 'No bank statements are loaded, and they are needed') || ' through ' END
			|| _dunning.day_text(_dunning.statements_needed((w).ledger, as_of), language) END END
	$$ $f$, _dunning.tolerance_query('(w).ledger', '(w).currency'), _dunning.loaded_until_query('(w).ledger', '(w).company', 'as_of'));
END
$do$;
COMMENT ON FUNCTION _dunning.why_made(dunning.worklist, text, date, text) IS 'What is behind the hold "tolerance" or "statements", or of a flag of the ERP, of an item of the work list, as a sentence';

-- Planning what is read of an item takes longer than reading it, so a session does it once.  What
-- no sentence needs is not computed.
DO $do$
DECLARE
	columns CONSTANT text := (SELECT string_agg(CASE WHEN a.attname IN ('ledger', 'item', 'part', 'customer', 'payer', 'company', 'currency',
			'open_amount', 'held_amount', 'level', 'channel', 'label', 'step_on', 'state', 'until_on', 'changes_on', 'reason', 'reason_name',
			'reason_on', 'procedure', 'problem', 'class', 'also_due') THEN format('v.%I', a.attname)
			ELSE 'NULL' END, ', ' ORDER BY a.attnum)
		FROM pg_attribute AS a WHERE a.attrelid = 'dunning.worklist'::regclass AND a.attnum > 0);
BEGIN
	EXECUTE format($function$
	CREATE FUNCTION _dunning.item_state(ledger name, item dunning.item_key, as_of date, OUT found dunning.worklist,
			OUT rejected dunning.dunning_history) RETURNS SETOF record
		LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off SET plan_cache_mode = force_generic_plan
		AS %L $function$,
		format(E'#variable_conflict use_column\nBEGIN RETURN QUERY SELECT ROW(%s)::dunning.worklist, v.rejects FROM (%s) AS v ORDER BY v.part; END', columns,
			_dunning.worklist_query('(SELECT i.* FROM dunning.ledger_items(item_state.as_of) AS i WHERE i.ledger = item_state.ledger AND i.item = item_state.item)',
				'false', 'item_state.as_of', more => ', o.rejects')));
	EXECUTE format($function$
	CREATE FUNCTION _dunning.customer_of(w dunning.worklist, as_of date) RETURNS SETOF dunning.customer_worklist
		LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off SET plan_cache_mode = force_generic_plan
		AS %L $function$,
		(SELECT format(E'#variable_conflict use_column\nBEGIN IF _dunning.has_payers((customer_of.w).ledger) THEN RETURN QUERY %s; ELSE RETURN QUERY %s; END IF; END',
				min(q.query) FILTER (WHERE q.by = 'payer'), min(q.query) FILTER (WHERE q.by = 'customer'))
			FROM (SELECT u.by, _dunning.customer_worklist_query(format('(SELECT i.* FROM dunning.open_items(customer_of.as_of) AS i WHERE i.ledger = (customer_of.w).ledger '
					'AND i.%1$I = (customer_of.w).%1$I AND i.company IS NOT DISTINCT FROM (customer_of.w).company '
					'AND i.currency IS NOT DISTINCT FROM (customer_of.w).currency)', u.by), 'customer_of.as_of', 'false') AS query
				FROM unnest('{payer,customer}'::text[]) AS u (by)) AS q));
	EXECUTE format($function$
	CREATE FUNCTION _dunning.why_amounts(w dunning.worklist, as_of date, language text) RETURNS TABLE (from_day date, what text)
		LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
	#variable_conflict use_column
	BEGIN
		RETURN QUERY
		SELECT h.from_day, CASE WHEN language = 'fr' THEN 'Montant suspendu : ' ELSE 'An amount is held: ' END
			|| dunning.format_money(h.amount, coalesce(h.currency, (why_amounts.w).currency), language)
			|| ' (' || coalesce(CASE WHEN language = 'fr' THEN r.label_fr END, r.label_en, h.reason) || ')'
			|| coalesce(CASE WHEN language = 'fr' THEN ' jusqu''au ' || _dunning.day_text(h.until_day, 'fr') || ' inclus' ELSE ' through '
				|| _dunning.day_text(h.until_day, 'en') END, '')
		FROM dunning.hold AS h
		LEFT JOIN dunning.hold_reason AS r ON r.name = h.reason
		WHERE h.ledger = (why_amounts.w).ledger AND h.item = (why_amounts.w).item AND h.part = (why_amounts.w).part AND h.amount IS NOT NULL
			AND h.stops <> 'none' AND (why_amounts.w).open_amount > 0 AND %s
		ORDER BY h.from_day, h.hold;
	END
	$body$ $function$, _dunning.in_force('h', 'why_amounts.as_of'));
END
$do$;
COMMENT ON FUNCTION _dunning.item_state(name, dunning.item_key, date) IS
	'What dunning.why says of the parts of an item on a day: rows of the work list without what it does not read, and the rejections of payments';
COMMENT ON FUNCTION _dunning.customer_of(dunning.worklist, date) IS 'The row of dunning.customer_worklist_as_of that an item of the work list is in';
COMMENT ON FUNCTION _dunning.why_amounts(dunning.worklist, date, text) IS 'The amounts that are held of an item of the work list on a day, each as a sentence';

CREATE FUNCTION dunning.why(ledger name, item dunning.item_key, as_of date DEFAULT dunning.today(), language text DEFAULT 'en')
	RETURNS TABLE (part integer, nth integer, about text, on_day date, what text)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	w dunning.worklist;
	after dunning.worklist;
	c dunning.customer_worklist;
	f record;
	found_one boolean := false;
	label text;
	made text;
	plans dunning.plan_on_day[];
	broke_on date;
	plan_broke boolean;
	payers dunning.item_key[];
BEGIN
	language := coalesce(language, 'en');
	as_of := coalesce(as_of, dunning.today());
	IF language NOT IN ('en', 'fr') THEN
		RAISE EXCEPTION 'language "%" is not known', language USING ERRCODE = 'invalid_parameter_value', HINT = 'Known are en and fr.';
	END IF;
	FOR f IN SELECT s.found, s.rejected FROM _dunning.item_state(ledger, item, as_of) AS s LOOP
		found_one := true;
		w := f.found;
		-- the words of a hold are in its reason
		SELECT coalesce(CASE WHEN why.language = 'fr' THEN h.label_fr END, h.label_en) INTO label FROM dunning.hold_reason AS h
			WHERE h.name = w.reason_name;
		made := CASE WHEN w.reason = 'hold' AND w.state = 'held' AND w.reason_name IN ('tolerance', 'statements', 'erp_disputed', 'erp_held') THEN w.reason_name END;
		IF w.reason = 'handover' THEN
			SELECT _dunning.receiver_text(h.kind, h.receiver, why.language) INTO label FROM dunning.handover AS h
			WHERE h.item = w.item AND h.ledger = w.ledger AND h.on_day <= as_of AND (h.ended_on > as_of) IS NOT FALSE
				ORDER BY h.handover DESC LIMIT 1;
		END IF;
		w.reason_name := coalesce(CASE WHEN w.reason IN ('hold', 'handover', 'broken') THEN label END, w.reason_name);
		w.channel := _dunning.channel_text(w.channel, language);
		IF w.reason = 'reminder' THEN
			w.reason_name := _dunning.channel_text(w.reason_name, language);
		END IF;
		-- who promises for the customer
		payers := ARRAY(SELECT DISTINCT k FROM unnest(ARRAY[w.customer, w.payer]) AS k WHERE k IS NOT NULL);
		part := w.part;
		nth := 1;
		-- where customers are reminded as a whole, the step is the customer's
		IF (dunning.procedure_options(w.procedure)).by_customer THEN
			SELECT s.* INTO c FROM _dunning.customer_of(w, as_of) AS s;
			IF c.state IS NOT NULL THEN
				about := 'customer'; on_day := c.step_on;
				what := CASE WHEN language = 'fr' THEN 'Client entier : ' ELSE 'The customer as a whole: ' END || CASE
					WHEN c.reason = 'credit' THEN CASE WHEN language = 'fr' THEN format('ses avoirs (%s) couvrent ce qui serait réclamé, rien n''est relancé', dunning.format_money(c.netted_amount, c.currency, 'fr'))
						ELSE format('his credits (%s) are as high as what he would be asked for, nothing is sent', dunning.format_money(c.netted_amount, c.currency, 'en')) END
					ELSE lower(left(_dunning.customer_state(w, c, language), 1)) || substr(_dunning.customer_state(w, c, language), 2) END;
				RETURN NEXT;
				nth := 2;
			END IF;
		END IF;
		about := 'state'; on_day := CASE w.state WHEN 'held' THEN w.reason_on ELSE w.step_on END;
		what := CASE WHEN nth = 2 THEN CASE WHEN language = 'fr' THEN 'Ce poste seul : ' ELSE 'This item alone: ' END ELSE '' END
			|| coalesce(_dunning.why_state(w, language), _dunning.why_problem(w.problem, language),
			CASE WHEN language = 'fr' THEN 'Ce poste n''est jamais relancé' ELSE 'This item is never reminded' END);
		RETURN NEXT;
		-- a rejection may have several steps on one day
		FOR what IN
			SELECT format(CASE WHEN why.language = 'fr' THEN 'Le même jour, étape %s : %s%s' ELSE 'On the same day, step %s: %s%s' END, s.level, _dunning.channel_text(s.channel, why.language),
				CASE WHEN why.language = 'fr' THEN ' « ' || s.label || ' »' ELSE ' "' || s.label || '"' END)
			FROM dunning.steps(w.procedure) AS s WHERE s.level = ANY (w.also_due) ORDER BY s.level
		LOOP
			nth := nth + 1;
			RETURN NEXT;
		END LOOP;
		what := CASE WHEN made IS NULL THEN _dunning.why_reason(w, language) ELSE _dunning.why_made(w, made, as_of, language) END;
		IF what IS NOT NULL THEN
			nth := nth + 1; about := 'reason'; on_day := w.reason_on;
			RETURN NEXT;
		END IF;
		-- what became of promises and plans is computed, and only where there are any
		plans := CASE WHEN EXISTS (SELECT FROM dunning.plan AS p WHERE p.customer = ANY (payers) AND p.ledger = w.ledger
			AND p.agreed_on <= as_of)
			THEN ARRAY(SELECT s FROM unnest(payers) AS c CROSS JOIN LATERAL dunning.plans(as_of, w.ledger, c) AS s) END;
		-- the next run ends a plan that broke, and notes a promise that did
		broke_on := NULL;
		plan_broke := false;
		IF w.state = 'held' AND as_of = _dunning.real_day() AND plans IS NOT NULL THEN
			SELECT max(s.decided_on) INTO broke_on FROM unnest(plans) AS s JOIN dunning.plan AS p ON p.plan = s.plan
			WHERE s.state = 'broken' AND p.ended_on IS NULL AND w.item = ANY (s.items);
			plan_broke := broke_on IS NOT NULL;
		END IF;
		IF broke_on IS NULL AND as_of = _dunning.real_day() AND EXISTS (SELECT FROM dunning.promise AS p
				WHERE p.customer = ANY (payers) AND p.ledger = w.ledger AND p.last_on < as_of) AND _dunning.may_break(as_of, w.ledger) THEN
			SELECT max(b.broken_on) INTO broke_on FROM unnest(payers) AS c
			CROSS JOIN LATERAL _dunning.broken_promises(as_of, w.ledger, c) AS b WHERE w.item = ANY (b.items);
		END IF;
		IF broke_on IS NOT NULL THEN
			EXECUTE format('SELECT w.* FROM (%s) AS w WHERE w.part = $1', _dunning.by_tonight(_dunning.worklist_query(
				format('(SELECT i.* FROM dunning.ledger_items(%L::date) AS i WHERE i.ledger = %L AND i.item = %L::dunning.item_key)', as_of, w.ledger, w.item),
				'false', format('%L::date', as_of)))) INTO after USING w.part;
			after.channel := _dunning.channel_text(after.channel, language);
			nth := nth + 1; about := 'change'; on_day := as_of;
			what := CASE WHEN language = 'fr' THEN format(CASE WHEN plan_broke THEN 'L''échéancier est rompu depuis le %s : le prochain traitement lève la suspension'
					ELSE 'La promesse n''est pas tenue depuis le %s : le prochain traitement le note' END, _dunning.day_text(broke_on, 'fr'))
				|| coalesce('. Ensuite : ' || _dunning.why_state(after, 'fr'), '')
				ELSE format(CASE WHEN plan_broke THEN 'The payment plan has been broken since %s: the next run ends the hold'
					ELSE 'The promise has been broken since %s: the next run notes it' END, _dunning.day_text(broke_on, 'en'))
				|| coalesce('. Then: ' || _dunning.why_state(after, 'en'), '') END;
			RETURN NEXT;
		ELSIF w.changes_on IS NOT NULL THEN
			nth := nth + 1; about := 'change'; on_day := w.changes_on;
			what := CASE WHEN language = 'fr' THEN 'Si rien ne se passe, cela change le ' ELSE 'If nothing happens, this changes on ' END || _dunning.day_text(w.changes_on, language);
			RETURN NEXT;
		END IF;
		-- what somebody assigned
		IF EXISTS (SELECT FROM dunning.assignment AS a WHERE a.ledger = w.ledger AND a.kind IN ('procedure', 'penalty_rule', 'calendar')) THEN
			FOR on_day, what IN
				SELECT a.from_day, CASE WHEN why.language = 'fr'
						THEN format('%s « %s » : affectation %s %s%s', CASE a.kind WHEN 'procedure' THEN 'Procédure' WHEN 'calendar' THEN 'Calendrier' ELSE 'Règle de pénalités' END, a.value, a.assignment,
							CASE a.level WHEN 'item' THEN 'de ce poste' WHEN 'customer' THEN 'de ce client' WHEN 'class' THEN format('de la classe « %s »', f.class) ELSE 'de tout le grand livre' END, ' (' || a.note || ')')
						ELSE format('%s "%s": assignment %s to %s%s', CASE a.kind WHEN 'procedure' THEN 'Procedure' WHEN 'calendar' THEN 'Calendar' ELSE 'Penalty rule' END, a.value, a.assignment,
							CASE a.level WHEN 'item' THEN 'this item' WHEN 'customer' THEN 'this customer' WHEN 'class' THEN format('the class "%s"', f.class) ELSE 'the whole ledger' END, ' (' || a.note
								|| ')') END
				FROM dunning.applies_to(w.ledger, item => w.item, as_of => why.as_of) WITH ORDINALITY AS a (kind, value, level,
					source, assignment, from_day, note, n)
				LEFT JOIN dunning.assignment AS f ON f.assignment = a.assignment
				WHERE a.source = 'assignment' AND a.kind IN ('procedure', 'penalty_rule', 'calendar')
				ORDER BY a.n
			LOOP
				nth := nth + 1; about := 'assignment';
				RETURN NEXT;
			END LOOP;
		END IF;
		FOR on_day, what IN SELECT a.from_day, a.what FROM _dunning.why_amounts(w, as_of, language) AS a LOOP
			nth := nth + 1; about := 'amount';
			RETURN NEXT;
		END LOOP;
		FOR on_day, what IN
			SELECT coalesce(CASE WHEN coalesce(r.sent_on, r.skipped_on) <= as_of THEN coalesce(r.sent_on, r.skipped_on) END, r.raised_on),
				CASE WHEN why.language = 'fr' THEN format('Étape %s, %s : %s', r.level, _dunning.channel_text(r.channel, 'fr'), CASE
						WHEN r.cancelled_on <= as_of THEN CASE WHEN r.withdrawn THEN 'retirée' ELSE 'annulée' END WHEN r.sent_on <= as_of
							THEN 'envoyée' WHEN r.skipped_on <= as_of THEN 'non envoyée, comptée comme faite'
						WHEN t.unknown THEN 'en attente, car le montant dû n''est pas connu'
						WHEN t.wrong THEN 'n''est plus exacte, le prochain traitement la retire et refait ce qui est à faire' ELSE 'en attente d''envoi' END)
					ELSE format('Step %s, %s: %s', r.level, _dunning.channel_text(r.channel, 'en'), CASE
						WHEN r.cancelled_on <= as_of THEN CASE WHEN r.withdrawn THEN 'withdrawn' ELSE 'cancelled' END WHEN r.sent_on <= as_of
							THEN 'sent' WHEN r.skipped_on <= as_of THEN 'skipped'
						WHEN t.unknown THEN 'pending, since the open amount is not known'
						WHEN t.wrong THEN 'not right any more, the next run withdraws it and raises what is due' ELSE 'to be sent' END) END
				|| CASE WHEN least(r.cancelled_on, r.skipped_on) <= as_of AND NOT (r.withdrawn AND why.language = 'fr')
					THEN coalesce(' (' || r.reason || ')', '') ELSE '' END
			FROM dunning.reminder AS r
			CROSS JOIN LATERAL (SELECT r.state = 'pending' AND as_of = _dunning.real_day()
				AND NOT _dunning.right_by_itself(r.reminder) AS wrong, (abs(w.open_amount) < 'Infinity') IS NOT TRUE AS unknown) AS t
			WHERE r.ledger = w.ledger AND r.item = w.item AND r.part = w.part AND r.raised_on <= as_of
			ORDER BY r.raised_on, r.reminder
		LOOP
			nth := nth + 1; about := 'reminder';
			RETURN NEXT;
		END LOOP;
		FOR on_day, what IN
			SELECT e.on_day, format(CASE WHEN why.language = 'fr' THEN 'Le client a annoncé un paiement%s (statut 211)' ELSE 'The customer announced a payment%s (state 211)' END,
				CASE WHEN abs(e.amount) < 'Infinity' THEN CASE WHEN why.language = 'fr' THEN ' de ' ELSE ' of ' END
					|| dunning.format_money(e.amount, coalesce(e.currency, w.currency), why.language) END)
			FROM dunning.einvoice_log AS e
			WHERE e.ledger = w.ledger AND e.item = w.item AND coalesce(e.part, w.part) = w.part AND e.code = '211' AND e.promise IS NULL
				AND e.on_day <= as_of
			ORDER BY e.on_day, e.event
		LOOP
			nth := nth + 1; about := 'announced';
			RETURN NEXT;
		END LOOP;
		FOR on_day, what IN SELECT r.on_day, r.name FROM dunning.facts(f.rejected) AS r ORDER BY 1 LOOP
			nth := nth + 1; about := 'rejection';
			what := format(CASE WHEN language = 'fr' THEN 'Paiement rejeté le %s%s' ELSE 'Payment rejected on %s%s' END, _dunning.day_text(on_day, language),
				CASE WHEN language = 'fr' THEN ' (motif ' ELSE ' (code ' END || upper(nullif(what, 'unknown')) || ')');
			RETURN NEXT;
		END LOOP;
		IF EXISTS (SELECT FROM dunning.promise AS p WHERE p.customer = ANY (payers) AND p.ledger = w.ledger AND p.promised_on <= as_of) THEN
			FOR on_day, what IN
				SELECT coalesce(p.decided_on, p.promised_on), format(CASE WHEN why.language = 'fr' THEN 'Promesse de %s pour le %s : %s' ELSE 'Promise of %s for %s: %s' END,
					dunning.format_money(p.amount, p.currency, why.language), _dunning.day_text(p.promised_for, why.language),
					CASE WHEN why.language = 'fr' THEN CASE p.state WHEN 'open' THEN 'en cours' WHEN 'kept' THEN 'tenue' WHEN 'partly_kept' THEN 'tenue en partie'
							WHEN 'broken' THEN 'non tenue' WHEN 'withdrawn' THEN 'retirée' ELSE 'non connue' END
						ELSE coalesce(CASE p.state WHEN 'partly_kept' THEN 'kept in part' ELSE p.state END, 'not known') END)
				FROM unnest(payers) AS c CROSS JOIN LATERAL dunning.promises(as_of, w.ledger, c) AS p
				WHERE w.item = ANY (p.items) OR p.items IS NULL AND p.customer = w.customer AND p.currency IS NOT DISTINCT FROM w.currency
				ORDER BY p.promised_on, p.promise
			LOOP
				nth := nth + 1; about := 'promise';
				RETURN NEXT;
			END LOOP;
		END IF;
		IF plans IS NOT NULL THEN
			FOR on_day, what IN
				SELECT coalesce(p.decided_on, p.agreed_on), format(CASE WHEN why.language = 'fr' THEN 'Échéancier de %s convenu le %s : %s' ELSE 'Payment plan of %s, agreed on %s: %s' END,
					dunning.format_money(p.amount, p.currency, why.language), _dunning.day_text(p.agreed_on, why.language),
					CASE WHEN why.language = 'fr' THEN CASE p.state WHEN 'active' THEN 'en cours' WHEN 'completed' THEN 'soldé' WHEN 'broken' THEN 'rompu'
						WHEN 'cancelled' THEN 'annulé' ELSE 'non connu' END ELSE coalesce(p.state, 'not known') END)
				FROM unnest(plans) AS p
				WHERE w.item = ANY (p.items)
				ORDER BY p.agreed_on, p.plan
			LOOP
				nth := nth + 1; about := 'plan';
				RETURN NEXT;
			END LOOP;
		END IF;
	END LOOP;
	IF NOT found_one THEN
		PERFORM _dunning.item_not_found(ledger, item);
	END IF;
END
$$;
COMMENT ON FUNCTION dunning.why(name, dunning.item_key, date, text) IS
	'Why an item is where it is on a day, one sentence a row, in English (en) or French (fr): its state, the fact that made it so, the day on which that changes, what is assigned, the amounts that are held, its reminders, rejected payments, promises and plans';
