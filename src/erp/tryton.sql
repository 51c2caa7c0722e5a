-- Tryton 6.0 and later.
--
-- An item is a line of a posted move on a receivable account: an instalment of
-- an invoice, a credit note, a payment, or what cancels an invoice.  Lines
-- apply to each other if they are reconciled together, or if an open line is
-- noted as a payment of the invoice of other open lines of the same party;
-- within such a group the debits by their due dates take from the credits by
-- their dates.  What a pair applies to each other counts from the later of the
-- two moves' dates.
--
-- A line without a maturity date is never dunned, as in Tryton: its own fees for
-- reminders, and entries by hand.  The lines of an invoice's move are one document.
-- XXX what was rescheduled is another document, since nothing leads from an invoice
-- to all its lines by one index.
--
-- From 6.2 on an invoice has additional moves, whose lines are as much its own
-- as those of its first: what became of lines that were rescheduled, split or
-- delegated.  One that serves several invoices makes one group of them.
--
-- The view "payment" reads the group of a line for that line, so that a look-up
-- touches one group.  Reading all items through it would take the square of the lines
-- of a reconciliation.  So the view "whole_payment" says the same from one pass over
-- all groups.

INSERT INTO dunning.erp (name, title, description, shipped) VALUES
	('tryton', 'Tryton', 'each posted line of a receivable account: instalments, credit notes and payments, which apply to each other by their reconciliation', true);

CREATE FUNCTION _dunning.erp_tryton_detect(schema name) RETURNS TABLE (version text, sure numeric, evidence text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT
			CASE WHEN _dunning.erp_has(schema, 'account_invoice', 'total_amount_cache') THEN '7.0 or later'
				WHEN _dunning.erp_has(schema, 'account_move_reconciliation', 'number') THEN '6.8'
				WHEN _dunning.erp_has(schema, 'account_invoice_alternative_payee') THEN '6.6'
				WHEN _dunning.erp_has(schema, 'account_invoice-additional-account_move') THEN '6.2 or 6.4'
				WHEN _dunning.erp_has(schema, 'account_invoice', 'payment_term_date') THEN '6.0'
				ELSE 'before 6.0' END,
			CASE WHEN _dunning.erp_has(schema, 'ir_module') THEN 1.0 ELSE 0.8 END,
			'account_move_line has debit, credit, party, maturity_date and reconciliation; account_invoice has its move'
				|| CASE WHEN _dunning.erp_has(schema, 'account_dunning', 'line') THEN '; with its module account_dunning' ELSE '' END
		-- every column that the views always read
		WHERE _dunning.erp_has(schema, 'account_move_line', 'id', 'move', 'account', 'party', 'debit', 'credit', 'maturity_date', 'reconciliation', 'second_currency', 'amount_second_currency')
			AND _dunning.erp_has(schema, 'account_move', 'id', 'number', 'date', 'state', 'company', 'origin')
			AND _dunning.erp_has(schema, 'account_move_reconciliation', 'id', 'date')
			AND _dunning.erp_has(schema, 'account_account', 'id', 'type')
			AND _dunning.erp_has(schema, 'account_account_type', 'id', 'receivable')
			AND _dunning.erp_has(schema, 'account_invoice', 'id', 'number', 'party', 'move', 'account')
			AND _dunning.erp_has(schema, 'account_invoice-account_move_line', 'invoice', 'line')
			AND _dunning.erp_has(schema, 'company_company', 'id', 'party', 'currency')
			AND _dunning.erp_has(schema, 'currency_currency', 'id', 'code', 'digits')
			AND _dunning.erp_has(schema, 'party_party', 'id', 'name');
	END;
COMMENT ON FUNCTION _dunning.erp_tryton_detect(name) IS 'The Tryton that a schema holds; no row if none';

CREATE FUNCTION _dunning.erp_tryton_views(schema name, version text) RETURNS TABLE (view name, query text, description text)
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	addresses CONSTANT boolean := _dunning.erp_has(schema, 'party_address', 'id', 'party', 'active', 'sequence');
	s CONSTANT text := quote_ident(erp_tryton_views.schema);
	held text := 'false';
	mechanism text := 'NULL::text';
	invoice text := '';
	procedure text := '';
	rescheduled CONSTANT boolean := _dunning.erp_has(erp_tryton_views.schema, 'account_invoice-additional-account_move', 'invoice', 'move');
	columns CONSTANT text := 'r.id, r.move, r.debit, r.credit, r.maturity_date, r.second_currency, r.amount_second_currency, r.reconciliation';
	-- parts of the queries, as they are where no invoice can have additional moves
	additional_number text := '';
	additional_invoice text := '';
	additional_lines text := '';
	sharing text := '';
	invoices text := '(SELECT own.invoice)';
	component text := '';
	root text := 'coalesce(k.invoice, i.id)';
	own_root text := 'w.invoice';
	root_join text := '';
	own_root_join text := '';
	shared_lines text := '';
	own text;
	-- a line without a party goes with any
	open_line CONSTANT text := 'r.reconciliation IS NULL AND coalesce(r.party, l.party) = l.party';
	-- one that is noted as a payment belongs to what it pays
	own_line CONSTANT text := open_line || format(' AND NOT EXISTS (SELECT FROM %s."account_invoice-account_move_line" AS k WHERE k.line = r.id)', s);
BEGIN
	IF _dunning.erp_has(erp_tryton_views.schema, 'account_move_line', 'payment_blocked') THEN
		held := 'coalesce(l.payment_blocked, false)';
	END IF;
	IF _dunning.erp_has(erp_tryton_views.schema, 'account_dunning', 'line', 'blocked') THEN
		held := held || format(' OR EXISTS (SELECT FROM %s.account_dunning AS d WHERE d.line = l.id AND d.blocked)', s);
	END IF;

	IF _dunning.erp_has(erp_tryton_views.schema, 'party_party_dunning_procedure', 'id', 'party', 'dunning_procedure')
		AND _dunning.erp_has(erp_tryton_views.schema, 'account_dunning_procedure', 'id', 'name')
	THEN
		procedure := format(', (SELECT y.name FROM %1$s.party_party_dunning_procedure AS x '
			'JOIN %1$s.account_dunning_procedure AS z ON z.id = x.dunning_procedure JOIN dunning.procedure AS y ON y.name = z.name '
			'WHERE x.party = l.party ORDER BY x.id LIMIT 1)::text AS procedure', s);
	END IF;

	IF rescheduled THEN
		additional_number := format('(SELECT min(i.number) FROM %1$s."account_invoice-additional-account_move" AS b '
			'JOIN %1$s.account_invoice AS i ON i.id = b.invoice WHERE b.move = l.move), ', s);
		additional_invoice := format(', (SELECT min(b.invoice) FROM %s."account_invoice-additional-account_move" AS b WHERE b.move = l.move)', s);
		invoices := 'unnest(n.invoices)';
		sharing := format($sql$
		CROSS JOIN LATERAL (
			-- and all that share moves with it, from one to the next
			SELECT CASE WHEN EXISTS (SELECT FROM %1$s."account_invoice-additional-account_move" AS b WHERE b.invoice = own.invoice)
				THEN ARRAY(
					WITH RECURSIVE reached (invoice) AS (
						SELECT own.invoice
						UNION
						SELECT d.invoice
						FROM reached
						JOIN %1$s."account_invoice-additional-account_move" AS b ON b.invoice = reached.invoice
						JOIN %1$s."account_invoice-additional-account_move" AS d ON d.move = b.move
					)
					SELECT reached.invoice FROM reached)
				ELSE ARRAY[own.invoice] END AS invoices
			OFFSET 0
		) AS n$sql$, s);
		-- the lines of a move that several invoices share are there once
		additional_lines := format($sql$
								UNION ALL
								SELECT DISTINCT %2$s FROM unnest(n.invoices) AS e (invoice)
								JOIN %1$s.account_invoice AS i ON i.id = e.invoice
								JOIN %1$s."account_invoice-additional-account_move" AS b ON b.invoice = i.id
								JOIN %1$s.account_move_line AS r ON r.move = b.move AND r.account = i.account AND %3$s
								WHERE l.reconciliation IS NULL$sql$, s, columns, own_line);
		-- the same for all: the least invoice that one shares moves with stands for them
		component := format($sql$RECURSIVE reached (invoice, root) AS (
			SELECT b.invoice, b.invoice FROM %1$s."account_invoice-additional-account_move" AS b
			UNION
			SELECT d.invoice, reached.root
			FROM reached
			JOIN %1$s."account_invoice-additional-account_move" AS b ON b.invoice = reached.invoice
			JOIN %1$s."account_invoice-additional-account_move" AS d ON d.move = b.move
		), component AS MATERIALIZED (
			SELECT reached.invoice, min(reached.root) AS root FROM reached GROUP BY reached.invoice
		), $sql$, s);
		root := 'coalesce(n.root, k.invoice, i.id)';
		root_join := ' LEFT JOIN component AS n ON n.invoice = coalesce(k.invoice, i.id)';
		own_root := 'coalesce(c.root, w.invoice)';
		own_root_join := 'LEFT JOIN component AS c ON c.invoice = w.invoice';
		shared_lines := format($sql$
			UNION ALL
			SELECT DISTINCT n.root, r.party, r.account, %2$s FROM component AS n
			JOIN %1$s.account_invoice AS i ON i.id = n.invoice
			JOIN %1$s."account_invoice-additional-account_move" AS b ON b.invoice = i.id
			JOIN %1$s.account_move_line AS r ON r.move = b.move AND r.account = i.account AND r.reconciliation IS NULL
				AND NOT EXISTS (SELECT FROM %1$s."account_invoice-account_move_line" AS k WHERE k.line = r.id)$sql$, s, columns);
	END IF;

	-- the invoice that an open line belongs to or is noted as a payment of
	own := format($sql$coalesce(
				(SELECT k.invoice FROM %1$s."account_invoice-account_move_line" AS k WHERE k.line = l.id),
				(SELECT i.id FROM %1$s.account_move AS m JOIN %1$s.account_invoice AS i
						ON i.id = CASE WHEN m.origin ~ '^account\.invoice,[0-9]{1,18}$' THEN split_part(m.origin, ',', 2)::bigint END
					WHERE m.id = l.move AND i.move = l.move AND i.account = l.account)%2$s)$sql$, s, additional_invoice);

	-- the reference is that of the invoice which the move names as its origin,
	-- since Tryton has no index from a move to its invoice
	RETURN QUERY SELECT 'item'::name, format($sql$
		SELECT l.id AS key, l.party AS customer, p.name::text AS company,
			coalesce(sc.code, cc.code)::text AS currency,
			coalesce((SELECT i.number FROM %1$s.account_invoice AS i
				WHERE i.id = CASE WHEN m.origin ~ '^account\.invoice,[0-9]{1,18}$' THEN split_part(m.origin, ',', 2)::bigint END), %4$sm.number)::text AS reference,
			m.date AS issued_on, coalesce(l.maturity_date, m.date) AS due_on,
			(l.maturity_date IS NOT NULL OR l.debit <= l.credit) AS due_given,
			CASE WHEN l.second_currency IS NULL THEN l.debit - l.credit ELSE l.amount_second_currency END AS amount,
			cc.code::text AS company_currency, l.debit - l.credit AS company_amount,
			(%2$s) AS held%3$s,
			(l.maturity_date IS NOT NULL OR l.debit <= l.credit) AS dunnable, n.id AS document
		FROM %1$s.account_move_line AS l
		JOIN %1$s.account_move AS m ON m.id = l.move AND m.state = 'posted'
		JOIN %1$s.account_account AS a ON a.id = l.account
		JOIN %1$s.account_account_type AS t ON t.id = a.type AND t.receivable
		LEFT JOIN %1$s.company_company AS c ON c.id = m.company
		LEFT JOIN %1$s.party_party AS p ON p.id = c.party
		LEFT JOIN %1$s.currency_currency AS cc ON cc.id = c.currency
		LEFT JOIN %1$s.currency_currency AS sc ON sc.id = l.second_currency
		LEFT JOIN %1$s.account_move AS n ON n.id = l.move AND n.origin ~ '^account\.invoice,'
		WHERE l.party IS NOT NULL$sql$, s, held, procedure, additional_number),
		'posted lines of receivable accounts: instalments, credit notes, payments; held where Tryton blocks the payment or its own dunning; never dunned without a maturity date; by the party''s procedure where dunning.procedure has one of its name'::text;

	-- Each line of a group takes a stretch of the debits or of the credits; two
	-- lines apply to each other what their stretches share.
	RETURN QUERY SELECT 'payment'::name, format($sql$
		SELECT l.id AS item, x.other, x.date,
			CASE WHEN l.second_currency IS NULL THEN x.company_amount ELSE x.amount END AS amount, x.company_amount
		FROM %1$s.account_move_line AS l
		CROSS JOIN LATERAL (
			SELECT CASE WHEN l.reconciliation IS NULL THEN %3$s END AS invoice
			OFFSET 0
		) AS own%4$s
		CROSS JOIN LATERAL (
			SELECT o.id AS other, greatest(o.own_date, o.date) AS date,
				o.own_sign * CASE WHEN o.own_second = o.own_size THEN o.upto - o.since
					ELSE round(o.own_second * o.upto / o.own_size, f.digits) - round(o.own_second * o.since / o.own_size,
						f.digits) END AS amount,
				-- by the rate of the credit, so that both sides agree and the day's total is the ledger's
				o.own_sign * CASE WHEN o.credit_company = o.credit_size THEN o.upto - o.since
					ELSE round(o.credit_company * (o.credit_since + o.upto - o.since) / o.credit_size, f.company_digits)
						- round(o.credit_company * o.credit_since / o.credit_size, f.company_digits) END AS company_amount
			FROM (
				SELECT w.id, w.date, w.own_date, w.own_sign, w.own_size, w.own_second,
					CASE WHEN w.own_sign < 0 THEN w.own_company ELSE w.company END AS credit_company,
					CASE WHEN w.own_sign < 0 THEN w.own_size ELSE w.size END AS credit_size,
					greatest(w.ends - w.size, w.own_ends - w.own_size) - CASE WHEN w.own_sign < 0 THEN w.own_ends - w.own_size
						ELSE w.ends - w.size END AS credit_since,
					greatest(w.ends - w.size, w.own_ends - w.own_size) - (w.own_ends - w.own_size) AS since,
					least(w.ends, w.own_ends) - (w.own_ends - w.own_size) AS upto
				FROM (
					SELECT v.id, v.date, v.sign, v.size, v.ends, v.company,
						max(v.date) FILTER (WHERE v.id = l.id) OVER () AS own_date,
						max(v.sign) FILTER (WHERE v.id = l.id) OVER () AS own_sign,
						max(v.size) FILTER (WHERE v.id = l.id) OVER () AS own_size,
						max(v.ends) FILTER (WHERE v.id = l.id) OVER () AS own_ends,
						max(v.second) FILTER (WHERE v.id = l.id) OVER () AS own_second,
						max(v.company) FILTER (WHERE v.id = l.id) OVER () AS own_company
					FROM (
						SELECT u.id, u.date, sign(u.value) AS sign, abs(u.value) AS size, abs(u.second) AS second,
							abs(u.company) AS company, sum(abs(u.value)) OVER (PARTITION BY sign(u.value) ORDER BY u.due_on, u.id) AS ends
						FROM (
							SELECT g.id, m.date, g.amount_second_currency AS second, g.debit - g.credit AS company,
								CASE WHEN g.debit > g.credit THEN coalesce(g.maturity_date, m.date) ELSE m.date END AS due_on,
								-- by the foreign currency if it alone occurs and comes out even where it has to
								CASE WHEN count(*) OVER () = count(g.second_currency) OVER ()
										AND min(g.second_currency) OVER () = max(g.second_currency) OVER ()
										AND (l.reconciliation IS NULL OR sum(g.amount_second_currency) OVER () = 0)
									THEN g.amount_second_currency ELSE g.debit - g.credit END AS value
							FROM (
								SELECT %2$s FROM %1$s.account_move_line AS r WHERE r.reconciliation = l.reconciliation
								UNION ALL
								SELECT %2$s FROM %5$s AS e (invoice)
								JOIN %1$s.account_invoice AS i ON i.id = e.invoice
								JOIN %1$s.account_move_line AS r ON r.move = i.move AND r.account = i.account AND %8$s
								WHERE l.reconciliation IS NULL
								UNION ALL
								SELECT %2$s FROM %5$s AS e (invoice)
								JOIN %1$s."account_invoice-account_move_line" AS k ON k.invoice = e.invoice
								JOIN %1$s.account_move_line AS r ON r.id = k.line AND %6$s
								WHERE l.reconciliation IS NULL%7$s
							) AS g
							JOIN %1$s.account_move AS m ON m.id = g.move AND (m.state = 'posted' OR g.reconciliation IS NOT NULL)
						) AS u
						WHERE u.value <> 0
					) AS v
				) AS w
				WHERE w.sign <> w.own_sign AND w.ends > w.own_ends - w.own_size AND w.ends - w.size < w.own_ends
			) AS o
			CROSS JOIN LATERAL (
				SELECT (SELECT c.digits FROM %1$s.currency_currency AS c WHERE c.id = l.second_currency) AS digits,
					(SELECT c.digits FROM %1$s.account_move AS m JOIN %1$s.company_company AS y ON y.id = m.company
						JOIN %1$s.currency_currency AS c ON c.id = y.currency WHERE m.id = l.move) AS company_digits
			) AS f
		) AS x
		WHERE l.party IS NOT NULL$sql$, s, columns, own, sharing, invoices, open_line, additional_lines, own_line),
		'what lines apply to each other, once for each of the two: by reconciliation, or as payments of an invoice that is not settled yet'::text;

	-- The same pairs for all groups at once.  A group is a reconciliation, or, by a
	-- negative number, an invoice and a party.  The ends of all stretches cut it into
	-- pieces; from its end downwards the last debit and the last credit met are those
	-- that share a piece.  The join is by one number, so that no plan takes a square.
	RETURN QUERY SELECT 'whole_payment'::name, format($sql$
		WITH %8$sopen_line AS MATERIALIZED (
			SELECT %9$s AS invoice, r.party, r.account, %2$s
			FROM %1$s.account_move_line AS r
			LEFT JOIN %1$s."account_invoice-account_move_line" AS k ON k.line = r.id
			LEFT JOIN %1$s.account_invoice AS i ON i.move = r.move AND i.account = r.account AND k.line IS NULL%10$s
			WHERE r.reconciliation IS NULL AND coalesce(k.invoice, i.id) IS NOT NULL%4$s
		), part AS MATERIALIZED (
			SELECT v.*, sum(v.size) OVER (PARTITION BY v.one, v.two, v.sign ORDER BY v.due_on, v.id) AS ends,
				row_number() OVER (ORDER BY v.one, v.two, v.sign, v.due_on, v.id) AS place
			FROM (
				SELECT u.one, u.two, u.item, u.id, u.date, u.due_on, u.company, u.second_currency, u.company_size, u.second_size,
					sign(u.value)::integer AS sign, abs(u.value) AS size
				FROM (
					SELECT g.one, g.two, g.item, g.id, m.date, m.company, g.second_currency,
						abs(g.amount_second_currency) AS second_size, abs(g.debit - g.credit) AS company_size,
						CASE WHEN g.debit > g.credit THEN coalesce(g.maturity_date, m.date) ELSE m.date END AS due_on,
						CASE WHEN count(*) OVER s = count(g.second_currency) OVER s
								AND min(g.second_currency) OVER s = max(g.second_currency) OVER s
								AND (g.one < 0 OR sum(g.amount_second_currency) OVER s = 0)
							THEN g.amount_second_currency ELSE g.debit - g.credit END AS value
					FROM (
						SELECT r.reconciliation AS one, 0 AS two, CASE WHEN r.party IS NOT NULL THEN r.id END AS item, %2$s
						FROM %1$s.account_move_line AS r WHERE r.reconciliation IS NOT NULL
						UNION ALL
						-- a line without a party is in the group of each; most invoices have nothing to apply
						SELECT - l.invoice, p.party, CASE WHEN l.party IS NOT NULL AND %5$s = l.invoice THEN l.id END, %6$s
						FROM (SELECT o.invoice, array_agg(DISTINCT o.party) FILTER (WHERE o.party IS NOT NULL) AS parties
							FROM open_line AS o GROUP BY o.invoice
							HAVING bool_or(o.debit > o.credit OR o.amount_second_currency > 0)
								AND bool_or(o.credit > o.debit OR o.amount_second_currency < 0)) AS n
						CROSS JOIN LATERAL unnest(n.parties) AS p (party)
						JOIN open_line AS l ON l.invoice = n.invoice AND coalesce(l.party, p.party) = p.party
						CROSS JOIN LATERAL (SELECT %3$s AS invoice OFFSET 0) AS w %7$s
					) AS g
					JOIN %1$s.account_move AS m ON m.id = g.move AND (m.state = 'posted' OR g.one > 0)
					WINDOW s AS (PARTITION BY g.one, g.two)
				) AS u
				WHERE u.value <> 0
			) AS v
		)
		SELECT x.item, x.other, x.date,
			CASE WHEN x.second_currency IS NULL THEN x.company_amount ELSE x.amount END AS amount, x.company_amount
		FROM (
			SELECT b.item, b.other, greatest(l.date, o.date) AS date, b.second_currency,
				b.sign * CASE WHEN b.second_size = b.size THEN l.ends - l.since
					ELSE round(b.second_size * (l.ends - b.ends + b.size) / b.size, f.digits)
						- round(b.second_size * (l.since - b.ends + b.size) / b.size, f.digits) END AS amount,
				b.sign * CASE WHEN c.company_size = c.size THEN l.ends - l.since
					ELSE round(c.company_size * (l.ends - c.ends + c.size) / c.size, f.company_digits)
						- round(c.company_size * (l.since - c.ends + c.size) / c.size, f.company_digits) END AS company_amount
			FROM (
				SELECT e.*, CASE WHEN e.sign < 0 THEN e.debit ELSE e.credit END AS other_place
				FROM (
					SELECT l.*, lead(l.ends, 1, 0.0) OVER s AS since,
						min(l.place) FILTER (WHERE l.sign > 0) OVER s AS debit, min(l.place) FILTER (WHERE l.sign < 0) OVER s AS credit
					FROM part AS l
					WINDOW s AS (PARTITION BY l.one, l.two ORDER BY l.ends DESC, l.sign DESC)
				) AS e
				WHERE e.since < e.ends
			) AS l
			-- DISTINCT tells the planner that a place is there once
			JOIN (SELECT DISTINCT ON (r.place) r.* FROM part AS r) AS o ON o.place = l.other_place
			CROSS JOIN LATERAL (VALUES (CASE WHEN l.sign < 0 THEN l.company_size ELSE o.company_size END,
				CASE WHEN l.sign < 0 THEN l.size ELSE o.size END, CASE WHEN l.sign < 0 THEN l.ends ELSE o.ends END)) AS c (company_size,
				size, ends)
			CROSS JOIN LATERAL (VALUES (l.item, o.id, l.sign, l.size, l.ends, l.second_size, l.second_currency, l.company),
				(o.item, l.id, o.sign, o.size, o.ends, o.second_size, o.second_currency, o.company))
				AS b (item, other, sign, size, ends, second_size, second_currency, company)
			CROSS JOIN LATERAL (
				SELECT (SELECT c.digits FROM %1$s.currency_currency AS c WHERE c.id = b.second_currency) AS digits,
					(SELECT c.digits FROM %1$s.company_company AS y JOIN %1$s.currency_currency AS c ON c.id = y.currency
						WHERE y.id = b.company) AS company_digits
			) AS f
			WHERE b.item IS NOT NULL
		) AS x$sql$, s, columns, own, shared_lines, own_root, replace(columns, 'r.', 'l.'), own_root_join, component, root, root_join),
		'what "payment" says, read at once for all lines'::text;

	IF _dunning.erp_has(erp_tryton_views.schema, 'party_contact_mechanism', 'id', 'party', 'type', 'value', 'active', 'sequence') THEN
		mechanism := '(SELECT c.value FROM %s.party_contact_mechanism AS c WHERE c.party = p.id AND c.active AND c.type IN (%s) AND c.value <> '''' ORDER BY %sc.sequence, c.id LIMIT 1)::text';
		invoice := CASE WHEN _dunning.erp_has(erp_tryton_views.schema, 'party_contact_mechanism', 'invoice') THEN 'c.invoice IS TRUE DESC, ' ELSE '' END;
	END IF;
	RETURN QUERY SELECT 'customer'::name, format($sql$
		SELECT p.id AS key, p.name::text AS name, %2$s AS email, %3$s AS phone, %4$s AS language, %5$s AS professional,
			%6$s AS address, %7$s AS postcode, %8$s AS city, %9$s AS country, %10$s AS identifier
		FROM %1$s.party_party AS p%11$s$sql$, s,
			format(mechanism, s, '''email''', invoice), format(mechanism, s, '''phone'', ''mobile''', invoice),
			CASE WHEN _dunning.erp_has(erp_tryton_views.schema, 'party_party_lang', 'id', 'party', 'lang') AND _dunning.erp_has(erp_tryton_views.schema, 'ir_lang', 'id', 'code')
				THEN format('(SELECT i.code FROM %1$s.party_party_lang AS g JOIN %1$s.ir_lang AS i ON i.id = g.lang WHERE g.party = p.id ORDER BY g.%2$I NULLS FIRST, g.id LIMIT 1)::text', s,
					CASE WHEN _dunning.erp_has(erp_tryton_views.schema, 'party_party_lang', 'company') THEN 'company' ELSE 'id' END)
				ELSE 'NULL::text' END,
			CASE WHEN _dunning.erp_has(erp_tryton_views.schema, 'party_identifier', 'party', 'type')
				THEN format('(CASE WHEN EXISTS (SELECT FROM %s.party_identifier AS d WHERE d.party = p.id AND d.type ~ ''vat|siren|siret'') THEN true END)', s)
				ELSE 'NULL::boolean' END,
			CASE WHEN addresses THEN _dunning.erp_first(erp_tryton_views.schema, 'party_address', 'd', '{street,street_unstructured}') ELSE 'NULL::text' END,
			CASE WHEN addresses THEN _dunning.erp_first(erp_tryton_views.schema, 'party_address', 'd', '{postal_code,zip}') ELSE 'NULL::text' END,
			CASE WHEN addresses THEN _dunning.erp_first(erp_tryton_views.schema, 'party_address', 'd', '{city}') ELSE 'NULL::text' END,
			CASE WHEN addresses AND _dunning.erp_has(erp_tryton_views.schema, 'party_address', 'country')
				AND _dunning.erp_has(erp_tryton_views.schema, 'country_country', 'id', 'code')
				THEN format('(SELECT n.code::text FROM %s.country_country AS n WHERE n.id = d.country)', s) ELSE 'NULL::text' END,
			CASE WHEN _dunning.erp_has(erp_tryton_views.schema, 'party_identifier', 'id', 'party', 'type', 'code')
				THEN format('(SELECT d.code::text FROM %s.party_identifier AS d WHERE d.party = p.id AND d.type ~ ''vat|siren|siret'' '
					'ORDER BY d.type ~ ''siren|siret'' DESC, d.id LIMIT 1)', s) ELSE 'NULL::text' END,
			CASE WHEN addresses THEN format(E'\nLEFT JOIN LATERAL (SELECT a.* FROM %s.party_address AS a WHERE a.party = p.id AND a.active ORDER BY %sa.sequence, a.id LIMIT 1) AS d ON true', s,
				CASE WHEN _dunning.erp_has(erp_tryton_views.schema, 'party_address', 'invoice') THEN 'a.invoice IS TRUE DESC, ' ELSE '' END) ELSE '' END),
		'parties: the first active e-mail address and telephone number, those for invoices before others; a professional if it has a number of such'::text;

	RETURN QUERY SELECT 'line'::name, format($sql$
		SELECT l.id AS key, l.party AS customer, m.company, m.date, coalesce(l.maturity_date, m.date) AS due_on,
			l.debit - l.credit AS company_amount, r.date AS reconciled_on
		FROM %1$s.account_move_line AS l
		JOIN %1$s.account_move AS m ON m.id = l.move AND m.state = 'posted'
		JOIN %1$s.account_account AS a ON a.id = l.account
		JOIN %1$s.account_account_type AS t ON t.id = a.type AND t.receivable
		LEFT JOIN %1$s.account_move_reconciliation AS r ON r.id = l.reconciliation
		WHERE l.party IS NOT NULL$sql$, s),
		'lines as Tryton''s own aged balance counts them: whole until the day of their reconciliation'::text;
END
$$;
COMMENT ON FUNCTION _dunning.erp_tryton_views(name, text) IS 'The views over the tables of a Tryton';

-- The tax of an invoice is in its currency, as its lines are.
CREATE FUNCTION _dunning.erp_tryton_columns(schema name, version text) RETURNS TABLE (view name, column_name name, expression text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT c.view, c.column_name, _dunning.erp_expression(schema, '', c.needs::jsonb, c.expression)
		FROM (VALUES
			('item', 'net_amount', '{"account_invoice_tax": "invoice amount"}', '(SELECT _dunning.erp_net(v.amount, t.total - coalesce((SELECT sum(x.amount) FROM {account_invoice_tax} AS x WHERE x.invoice = i.id), 0), t.total) FROM {account_move_line} AS l JOIN {account_move} AS m ON m.id = l.move JOIN {account_invoice} AS i ON i.id = CASE WHEN m.origin ~ ''^account\.invoice,[0-9]+$'' AND length(m.origin) <= 34 THEN split_part(m.origin, '','', 2)::bigint END AND i.move = l.move AND i.account = l.account CROSS JOIN LATERAL (SELECT sum(CASE WHEN o.second_currency IS NULL THEN o.debit - o.credit ELSE o.amount_second_currency END) AS total FROM {account_move_line} AS o WHERE o.move = l.move AND o.account = l.account) AS t WHERE l.id = v.key)'),
			('item', 'attribute_seller', '{"account_invoice": "id agent", "commission_agent": "id party"}', '(SELECT p.name::text FROM {account_move} AS m JOIN {account_invoice} AS i ON i.id = CASE WHEN m.origin ~ ''^account\.invoice,[0-9]+$'' AND length(m.origin) <= 34 THEN split_part(m.origin, '','', 2)::bigint END JOIN {commission_agent} AS a ON a.id = i.agent JOIN {party_party} AS p ON p.id = a.party WHERE m.id = v.document)'),
			('customer', 'class', '{"party_category": "id name", "party_category_rel": "id party category"}', '(SELECT c.name::text FROM {party_category_rel} AS r JOIN {party_category} AS c ON c.id = r.category WHERE r.party = v.key ORDER BY r.id LIMIT 1)'),
			('customer', 'attribute_region', '{"party_address": "id party active sequence subdivision", "country_subdivision": "id name"}', '(SELECT s.name::text FROM {party_address} AS a JOIN {country_subdivision} AS s ON s.id = a.subdivision WHERE a.party = v.key AND a.active ORDER BY a.sequence, a.id LIMIT 1)')) AS c (view, column_name, needs, expression);
	END;
COMMENT ON FUNCTION _dunning.erp_tryton_columns(name, text) IS 'What else the tables of a Tryton say of items and customers';

CREATE FUNCTION _dunning.erp_tryton_indexes(schema name, version text) RETURNS TABLE (relation text, statement text, why text)
	LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		SELECT i.relation, _dunning.erp_missing_index(schema, i.relation, i.column_name), i.why
		FROM (VALUES
			('account_move_line', 'party', 'otherwise the items of one customer need a scan'),
			('account_move_line', 'reconciliation', 'otherwise what settled an item needs a scan'),
			('account_move_line', 'move', 'otherwise the instalments of an invoice need a scan'),
			('account_invoice-account_move_line', 'invoice', 'otherwise the payments of an invoice need a scan'),
			('account_invoice-account_move_line', 'line', 'otherwise the invoice of a payment needs a scan'),
			('account_invoice-additional-account_move', 'invoice', 'otherwise the rescheduled lines of an invoice need a scan'),
			('account_invoice-additional-account_move', 'move', 'otherwise the invoice of a rescheduled line needs a scan'),
			('account_dunning', 'line', 'otherwise whether Tryton''s own dunning is blocked needs a scan'),
			('party_contact_mechanism', 'party', 'otherwise the addresses of a customer need a scan')) AS i (relation, column_name, why)
		WHERE _dunning.erp_missing_index(schema, i.relation, i.column_name) IS NOT NULL;
	END;
COMMENT ON FUNCTION _dunning.erp_tryton_indexes(name, text) IS 'The indexes that matter to the views and that a Tryton lacks';

CREATE FUNCTION _dunning.erp_tryton_watch(schema name, version text) RETURNS TABLE (relation text, column_name text, why text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
	BEGIN ATOMIC
		-- the table of the noted payments names the payment's line and not those that it pays
		VALUES ('account_move_line', 'id', 'a line that is reconciled or deleted has its pending reminders cancelled at once; one that a payment covers without being reconciled, with the next run');
	END;
COMMENT ON FUNCTION _dunning.erp_tryton_watch(name, text) IS 'The tables of a Tryton whose changes settle an item, and their column that is its key';
