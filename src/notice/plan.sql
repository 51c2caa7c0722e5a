-- The message that confirms a payment plan.

CREATE FUNCTION dunning.plan_confirmation(plan bigint, language text DEFAULT NULL, OUT subject text, OUT body text, OUT html text)
	RETURNS record
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
	p dunning.plan;
	payer dunning.item_key;
	context jsonb;
	spoken text := language;
	code text;
BEGIN
	SELECT f.* INTO p FROM dunning.plan AS f WHERE f.plan = plan_confirmation.plan;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'plan % does not exist', coalesce(plan_confirmation.plan::text, 'NULL')
			USING ERRCODE = 'no_data_found', HINT = 'SELECT plan, customer, amount, state FROM dunning.plans() lists them.';
	END IF;
	EXECUTE format('SELECT i.payer FROM %s AS i LIMIT 1', _dunning.keys_source(p.ledger, p.agreed_on, p.items)) INTO payer;
	FOR tries IN 1 .. 2 LOOP
		context := dunning.notice_context(p.ledger, coalesce(payer, p.customer), p.items, p.company, p.currency, p.agreed_on, spoken, 'letter');
		spoken := context ->> 'language';
		EXIT WHEN EXISTS (SELECT FROM dunning.find_template('plan_confirmation', spoken, NULL, NULL, NULL, p.agreed_on));
		spoken := 'en';
	END LOOP;
	code := _dunning.written_language(spoken);
	context := context || jsonb_build_object('plan', jsonb_build_object('reference', p.plan::text, 'agreed_on', _dunning.day(p.agreed_on, code),
		'instalments', (SELECT jsonb_agg(jsonb_build_object('n', u.n, 'due_on', _dunning.day(u.day, code),
				'amount', dunning.format_money(u.amount, p.currency, code)) ORDER BY u.n)
			FROM unnest(p.due_on, p.amounts) WITH ORDINALITY AS u (day, amount, n))));
	-- what is paid next, and no address for paying it all
	IF jsonb_typeof(context -> 'payment') = 'object' THEN
		context := jsonb_set(context #- '{payment,link}' #- '{payment,qr}', '{payment,amount}', context #> '{plan,instalments,0,amount}');
	END IF;
	SELECT r.subject, r.body, r.html INTO subject, body, html
	FROM dunning.render_template('plan_confirmation', context, spoken, on_day => p.agreed_on) AS r;
END
$$;
COMMENT ON FUNCTION dunning.plan_confirmation(bigint, text) IS
	'The message that confirms a payment plan, by the template plan_confirmation: subject, text and HTML, in the language of the customer or another one. Error P0002 for a plan that does not exist';
