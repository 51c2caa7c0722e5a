-- What the demonstration has shown, checked against the tables of the ERP by SQL
-- that uses nothing of the extension but what it checks.

CREATE TEMP VIEW owed AS
SELECT f.id, f.client_id, f.devise, f.montant_ttc, f.date_echeance, date '2026-11-20' - f.date_echeance AS days,
	f.montant_ttc - coalesce((SELECT sum(r.montant) FROM reglement AS r WHERE r.facture_id = f.id), 0) AS amount
FROM facture AS f;

DO $$
BEGIN
	ASSERT dunning.today() = '2026-11-20', 'the day';

	ASSERT NOT EXISTS (
		SELECT FROM (
			SELECT b.currency, b.customer::text AS customer, dunning.amount(b.aged, 0) AS a0, dunning.amount(b.aged, 1) AS a1,
				dunning.amount(b.aged, 2) AS a2, dunning.amount(b.aged, 3) AS a3, dunning.amount(b.aged, 4) AS a4,
				dunning.total(b.aged) AS total
			FROM balance AS b
		) AS b
		FULL JOIN (
			SELECT o.devise AS currency, o.client_id::text AS customer,
				coalesce(sum(o.amount) FILTER (WHERE o.days <= 0), 0) AS a0,
				coalesce(sum(o.amount) FILTER (WHERE o.days BETWEEN 1 AND 30), 0) AS a1,
				coalesce(sum(o.amount) FILTER (WHERE o.days BETWEEN 31 AND 60), 0) AS a2,
				coalesce(sum(o.amount) FILTER (WHERE o.days BETWEEN 61 AND 90), 0) AS a3,
				coalesce(sum(o.amount) FILTER (WHERE o.days > 90), 0) AS a4, sum(o.amount) AS total
			FROM owed AS o WHERE o.amount <> 0 GROUP BY o.devise, o.client_id
		) AS o USING (currency, customer, a0, a1, a2, a3, a4, total)
		WHERE b.total IS NULL OR o.total IS NULL), 'the aged balance';

	-- items with a dispute or a plan are left out, since a hold can stop their interest
	ASSERT NOT EXISTS (
		SELECT FROM dunning.worklist AS w JOIN owed AS o ON o.id::text = w.item::text
		WHERE NOT EXISTS (SELECT FROM dunning.hold AS h WHERE h.item = w.item AND h.reason IN ('dispute', 'plan')) AND w.late_interest IS DISTINCT FROM (
			SELECT coalesce(round(sum(greatest(o.montant_ttc - p.paid, 0) * r.rate) / 36500, 2), 0)
			FROM generate_series(1, CASE WHEN o.amount > 0 THEN o.days ELSE 0 END) AS n
			-- on what was open as the day began
			CROSS JOIN LATERAL (SELECT coalesce(sum(b.montant), 0) AS paid FROM reglement AS b
				WHERE b.facture_id = o.id AND b.date_reglement < o.date_echeance + n) AS p
			-- the rate of the first day of the half-year, and 10 points
			CROSS JOIN LATERAL (SELECT b.rate + 10 AS rate FROM dunning.reference_rate AS b
				WHERE b.series = 'ecb_mro' AND b.effective_on <= date_trunc('year', (o.date_echeance + n)::timestamp)
					+ CASE WHEN extract(month FROM o.date_echeance + n) > 6 THEN interval '6 months' ELSE interval '0' END
				ORDER BY b.effective_on DESC LIMIT 1) AS r)),
		'the late interest';

	ASSERT (SELECT array_agg(g.raised > 0 ORDER BY g.run) FROM dunning.run_log AS g) = '{t,t,t,t}', 'the runs';
	ASSERT (SELECT sum(g.problems) FROM dunning.run_log AS g) = 0, 'the problems of the runs';
	ASSERT (SELECT count(*) FROM dunning.worklist AS w WHERE w.disputed AND w.state = 'held') = 1, 'the dispute in the ERP';
	ASSERT NOT EXISTS (SELECT FROM dunning.reminder AS m JOIN facture AS f ON f.id::text = m.item::text WHERE f.litige), 'the dispute in the ERP';

	ASSERT (SELECT array_agg(p.state::text || ' ' || p.paid ORDER BY p.promise) FROM dunning.promises() AS p) = (
		SELECT array_agg(CASE WHEN s.paid = p.amount THEN 'kept ' ELSE 'broken ' END || s.paid ORDER BY p.promise)
		FROM dunning.promise AS p CROSS JOIN LATERAL (SELECT coalesce(sum(r.montant), 0.00) AS paid FROM reglement AS r
			WHERE r.facture_id::text = p.items[1]::text AND r.date_reglement BETWEEN p.promised_on AND p.promised_for) AS s), 'the promises';
	ASSERT (SELECT array_agg(p.state::text ORDER BY p.promise) FROM dunning.promises() AS p) = '{kept,broken}', 'the promises';
	ASSERT (SELECT round(o.amount / 2, 2) = w.held_amount FROM dunning.hold AS h JOIN dunning.worklist AS w ON w.item = h.item JOIN owed AS o ON o.id::text = h.item::text
		WHERE h.reason = 'dispute'), 'half an invoice in dispute';
	ASSERT (SELECT sum(i.amount) FROM dunning.instalments_of_plans() AS i) = (SELECT o.amount FROM dunning.hold AS h JOIN owed AS o ON o.id::text = h.item::text
		WHERE h.reason = 'plan'), 'the plan';

	ASSERT (SELECT m.state::text FROM dunning.reminder AS m WHERE m.item::text = (SELECT r.facture_id::text FROM reglement AS r ORDER BY r.id DESC LIMIT 1)
		AND m.channel = 'letter' ORDER BY m.level DESC LIMIT 1) = 'cancelled', 'the reminder of what was paid';
	ASSERT (SELECT count(*) > 0 AND count(*) = count(DISTINCT (l.customer, l.currency)) FROM letter AS l), 'one letter a customer';
	ASSERT NOT EXISTS (SELECT FROM letter AS l WHERE l.open_amount IS DISTINCT FROM (
		SELECT sum(o.amount) FROM owed AS o WHERE position((SELECT f.numero FROM facture AS f WHERE f.id = o.id) IN l.body) > 0)), 'the letters';
	ASSERT (SELECT count(*) FROM dunning.notice AS n WHERE n.state = 'sent') = 1, 'the letter that was sent';
END
$$;
