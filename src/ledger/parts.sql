-- The parts that payment terms make of an item, and what each received.

CREATE FUNCTION _dunning.item_parts(terms dunning.payment_terms, issued_on date, amount numeric, first_day date,
		amounts numeric[], days date[], parts integer[], with_history boolean)
	RETURNS TABLE (part integer, parts integer, due_on date, amount numeric, received numeric, history dunning.balance_history)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 2 SET search_path = pg_catalog, pg_temp AS $$
	WITH t AS (
		SELECT i.n, i.due_on, i.amount, CASE WHEN $3 < 0 THEN -1 ELSE 1 END AS sign
		FROM dunning.instalments($2, CASE WHEN $3 NOT IN ('NaN', 'Infinity', '-Infinity') THEN $3 END, $1) AS i),
	e AS (SELECT u.amount, coalesce(u.day, $4) AS day, u.part FROM unnest($5, $6, $7) AS u (amount, day, part) WHERE u.amount IS NOT NULL),
	d AS (SELECT NULL::date AS day, coalesce((SELECT sum(e.amount) FROM e), 0) AS paid
		UNION ALL SELECT x.day, sum(x.amount) OVER (ORDER BY x.day) FROM (SELECT e.day, sum(e.amount) AS amount FROM e WHERE $8 GROUP BY e.day) AS x),
	r AS (SELECT d.day, t.n, t.due_on, t.amount, t.sign, coalesce(q.paid, 0) AS assigned, d.paid,
			greatest(t.sign * (t.amount - coalesce(q.paid, 0)), 0) AS room
		FROM d CROSS JOIN t LEFT JOIN LATERAL (SELECT sum(e.amount) AS paid FROM e WHERE e.part = t.n AND (d.day IS NULL OR e.day <= d.day)) AS q ON true),
	f AS (SELECT r.*, row_number() OVER w AS k, count(*) OVER (PARTITION BY r.day) AS parts,
			r.paid - sum(r.assigned) OVER (PARTITION BY r.day) AS unassigned,
			coalesce(sum(r.room) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
		FROM r WINDOW w AS (PARTITION BY r.day ORDER BY r.due_on, r.n)),
	g AS (SELECT f.day, f.n, f.parts, f.due_on, f.amount, f.assigned + f.sign * least(CASE WHEN f.k = f.parts THEN 'Infinity'::numeric ELSE f.room END,
			greatest(CASE WHEN f.k = 1 THEN '-Infinity'::numeric ELSE 0 END, f.sign * f.unassigned - f.before)) AS received
		FROM f),
	m AS (SELECT x.n, dunning.balance_history(x.moved, x.day) FILTER (WHERE x.moved <> 0) AS moves
		FROM (SELECT g.n, g.day, lag(g.received, 1, 0::numeric) OVER (PARTITION BY g.n ORDER BY g.day) - g.received AS moved FROM g WHERE g.day IS NOT NULL) AS x GROUP BY x.n)
	SELECT g.n, g.parts::integer, g.due_on, g.amount, g.received,
		CASE WHEN $8 THEN dunning.movement(g.amount, $4) + coalesce((SELECT m.moves FROM m WHERE m.n = g.n), '{}'::dunning.balance_history) END
	FROM g WHERE g.day IS NULL
$$;
COMMENT ON FUNCTION _dunning.item_parts(dunning.payment_terms, date, numeric, date, numeric[], date[], integer[], boolean) IS
	'The parts that payment terms make of an item, with what each received and, if wanted, its history; no row if the terms make none';
