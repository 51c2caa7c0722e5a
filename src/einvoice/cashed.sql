-- What is to be reported as cashed: state 212 of French electronic invoices.
--
-- Code général des impôts, art. 290 A: where VAT is due on receipt, the seller reports
-- what he cashed, by VAT rate.  What was reported is noted as events 212, so that the
-- list is a difference: a payment comes once, and one that was taken back, on its day
-- or by a row that is gone, comes as a negative amount.

CREATE FUNCTION _dunning.cashed_query(l dunning.ledger, from_day date, as_of date) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	RETURN format($q$
		SELECT pg_catalog.jsonb_build_object('item', dunning.item_key(i.key)::text, 'customer', dunning.item_key(i.customer)::text, 'company', i.company,
			'reference', i.reference, 'currency', i.currency, 'day', p.paid_on, 'rate', coalesce(p.vat_rate, i.vat_rate), 'older', i.issued_on < %4$L,
			'amount', sum(p.amount) FILTER (WHERE p.cashed IS NOT FALSE AND i.vat_on_receipt IS NOT FALSE),
			'open', i.amount - sum(sum(p.amount)) OVER (PARTITION BY i.key))::text
		FROM %1$s AS i JOIN %2$s AS p ON %3$s
		WHERE (i.issued_on >= %4$L OR i.issued_on IS NULL OR EXISTS (SELECT FROM %2$s AS q WHERE %6$s AND q.paid_on >= %4$L))
			AND (p.paid_on <= %5$L OR p.paid_on IS NULL)
		GROUP BY i.key, i.customer, i.company, i.reference, i.currency, i.amount, i.issued_on, p.paid_on,
			coalesce(p.vat_rate, i.vat_rate) $q$,
		_dunning.view_name('items', l.adoption), _dunning.payments_read(l, true),
		_dunning.join_sql(_dunning.payments_read(l, true), 'item', _dunning.view_name('items', l.adoption), 'key', 'p', 'i'), from_day, as_of,
		_dunning.join_sql(_dunning.payments_read(l, true), 'item', _dunning.view_name('items', l.adoption), 'key', 'q', 'i'));
COMMENT ON FUNCTION _dunning.cashed_query(dunning.ledger, date, date) IS
	'The query of what was cashed of the items of a ledger that were issued or paid since a day, by day and VAT rate, each row as JSON';

CREATE TYPE dunning.receipt_to_report AS ( --: What was cashed of an item on a day at a VAT rate and is not reported yet
	ledger name, --: Ledger of the item
	item dunning.item_key, --: Key of the item
	reference text, --: Number of the document
	customer dunning.item_key, --: Key of the customer
	company text, --: Company of the item
	paid_on date, --: Day of the payment
	vat_rate numeric, --: VAT rate in percent
	amount numeric, --: What is still to be reported; negative: it was taken back
	currency text, --: Currency of the amounts
	open_amount numeric, --: What is still open of the item
	reported numeric, --: What was reported already
	problem text --: Why the row cannot be reported; NULL: it can
);

CREATE FUNCTION dunning.to_report_cashed(as_of date DEFAULT dunning.today(), ledger name DEFAULT NULL, from_day date DEFAULT '2026-09-01')
	RETURNS SETOF dunning.receipt_to_report
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
#variable_conflict use_column
DECLARE
	l dunning.ledger;
	hidden text;
BEGIN
	as_of := coalesce(as_of, dunning.today());
	from_day := coalesce(from_day, '2026-09-01');
	IF (from_day <= as_of AND isfinite(from_day) AND isfinite(as_of)) IS NOT TRUE THEN
		RAISE EXCEPTION 'receipts from % to % cannot be listed', _dunning.day_text(from_day), _dunning.day_text(as_of)
			USING ERRCODE = 'invalid_parameter_value', HINT = 'Give a first day, and a day that is not before it.';
	END IF;
	PERFORM _dunning.need_ledger(to_report_cashed.ledger);
	FOR l IN SELECT s.* FROM dunning.ledger AS s
		WHERE s.ledger = coalesce(to_report_cashed.ledger, s.ledger) AND s.state = 'adopted' AND s.payments IS NOT NULL
			AND coalesce(s.columns ->> 'vat_rate', s.columns #>> '{payments,vat_rate}') IS NOT NULL
		ORDER BY s.ledger
	LOOP
		-- a payment that is hidden is none that was taken back
		hidden := dunning.ledger_hidden(l.ledger);
		RETURN QUERY EXECUTE format($q$
			WITH cashed AS MATERIALIZED (
				SELECT c.* FROM _dunning.read_texts(dunning.ledger_reader($1), $2) AS r
				CROSS JOIN LATERAL jsonb_to_record(r::jsonb) AS c (item text, customer text, company text, reference text, currency text,
					day date, rate numeric, amount numeric, open numeric, older boolean)
				WHERE %s
			), told AS (
				SELECT e.item::text AS item, e.on_day, e.vat_rate, min(e.company) AS company, min(e.currency) AS currency,
					sum(e.amount) AS amount
				FROM dunning.einvoice_log AS e WHERE e.ledger = $1 AND e.code = '212' AND e.done = 'reported' AND e.on_day <= $4
				GROUP BY 1, 2, 3
			)
			SELECT $1, coalesce(c.item, t.item)::dunning.item_key, c.reference, c.customer::dunning.item_key,
				coalesce(c.company, t.company), coalesce(c.day, t.on_day), coalesce(c.rate, t.vat_rate),
				_dunning.without_dust(coalesce(c.amount, 0) - coalesce(t.amount, 0)), coalesce(c.currency, t.currency),
				_dunning.without_dust(c.open), coalesce(t.amount, 0), CASE WHEN c.item IS NOT NULL AND c.day IS NULL THEN 'the day of the payment is missing'
					WHEN coalesce(c.rate, t.vat_rate) IS NULL THEN 'the VAT rate is missing'
					WHEN (abs(c.amount) < 'Infinity') IS FALSE THEN 'the amount is not a number' END
			FROM cashed AS c FULL JOIN told AS t ON t.item = c.item AND t.on_day = c.day AND coalesce(t.vat_rate, -1) = coalesce(c.rate, -1)
			WHERE coalesce(c.day, t.on_day, $3) >= $3 AND _dunning.without_dust(coalesce(c.amount, 0) - coalesce(t.amount, 0)) <> 0
				-- of an older item what was reported is compared, and nothing else of it is listed
				AND (c.item IS NOT NULL OR $5 IS NULL) AND (c.older IS NOT TRUE OR t.item IS NOT NULL)
			ORDER BY 6, 2, 7 $q$, _dunning.scope_condition('$1', 'c.company'))
		USING l.ledger, _dunning.cashed_query(l, from_day, as_of), from_day, as_of, hidden;
	END LOOP;
END
$$;
COMMENT ON FUNCTION dunning.to_report_cashed(date, name, date) IS
	'What was cashed up to a day and is not reported yet (state 212 of electronic invoices), by item, day of payment and VAT rate, for items issued since from_day. Negative: a reported payment that was taken back. dunning.einvoice_event notes what was reported';
