-- The list of customers, the first 100 by money, beside the same rows by hand
\echo
\echo Generating :items open items, 15 a customer ...
SELECT setseed(0.5) \g /dev/null
CREATE TABLE invoice AS
	SELECT i AS id, 1 + (random() * (:items / 15 - 1))::integer AS customer_id, CURRENT_DATE - (random() * 120)::integer AS due_date,
		round((10 + random() ^ 4 * 20000)::numeric, 2)::numeric(14, 2) AS open_amount, 'EUR' AS currency
	FROM generate_series(1, :items) AS i;
ALTER TABLE invoice ADD PRIMARY KEY (id);
CREATE INDEX ON invoice (customer_id);
INSERT INTO dunning.rule (name, rule) VALUES ('flat', dunning.penalty_rule(10, 'compensation 40 EUR'));
SELECT FROM dunning.adopt('invoice', rule => 'flat', columns => '{"key": "id", "customer": "customer_id", "due_on": "due_date", "open_amount": "open_amount", "currency": "currency"}') \g /dev/null
-- half of them have had the first step
SET session_replication_role = replica;
INSERT INTO dunning.reminder (ledger, item, part, step, level, occurrence, raised_on, channel, manual, customer, currency, due_on, open_amount, held_amount, state, sent_on, sent_at)
SELECT 'invoice', dunning.item_key(i.id), 1, '5', 1, 1, i.due_date + 5, 'email', false, dunning.item_key(i.customer_id), i.currency, i.due_date, i.open_amount, 0, 'sent', i.due_date + 5, now()
FROM invoice AS i WHERE i.id % 2 = 0 AND i.due_date + 5 <= CURRENT_DATE;
SET session_replication_role = origin;
VACUUM ANALYZE invoice, dunning.reminder;
SET jit = off;

SELECT measure_cpu('list of customers, 100 by money', 'by hand', $$
	SELECT md5(string_agg(concat_ws(' ', c.customer_id, c.items, c.late, c.oldest, c.overdue, c.interest, c.compensation), ',' ORDER BY c.overdue DESC, c.customer_id)) FROM (
		SELECT i.customer_id, i.currency, count(*) AS items, count(*) FILTER (WHERE i.days > 0) AS late, min(i.due_date) FILTER (WHERE i.days > 0) AS oldest,
			sum(i.open_amount) AS balance, coalesce(sum(i.open_amount) FILTER (WHERE i.days > 0), 0) AS overdue, sum(i.interest) AS interest,
			40.00 * count(*) FILTER (WHERE i.days > 0) AS compensation, max(i.last_on) AS last_on, max(i.held_until) AS held_until,
			(array_agg(i.level ORDER BY i.step_on))[1] AS level, min(i.step_on) AS step_on, sum(i.fees) AS fees
		FROM (
			SELECT i.*, CURRENT_DATE - i.due_date AS days, CASE WHEN CURRENT_DATE > i.due_date THEN round(i.open_amount * 10 * (CURRENT_DATE - i.due_date) / 36500, 2) ELSE 0 END AS interest,
				r.last_on, r.fees, coalesce(r.level, 0) + 1 AS level, greatest(i.due_date + (ARRAY[5, 10, 15, 20])[coalesce(r.level, 0) + 1], r.last_on + 3) AS step_on, h.until_day AS held_until
			FROM invoice AS i
			LEFT JOIN (SELECT m.item::text::integer AS id, max(m.level) AS level, max(coalesce(m.sent_on, m.raised_on)) AS last_on, sum(m.fee) AS fees
				FROM dunning.reminder AS m WHERE m.state <> 'cancelled' GROUP BY 1) AS r ON r.id = i.id
			LEFT JOIN (SELECT s.item::text::integer AS id, max(s.until_day) AS until_day FROM dunning.hold AS s WHERE s.released_on IS NULL GROUP BY 1) AS h ON h.id = i.id
		) AS i
		GROUP BY i.customer_id, i.currency ORDER BY overdue DESC, i.customer_id LIMIT 100) AS c $$) \g /dev/null
SELECT measure_cpu('list of customers, 100 by money', 'pg_dunning', $$
	SELECT md5(string_agg(concat_ws(' ', c.payer, c.items, c.overdue_items, c.oldest_due_on, c.overdue_amount, c.late_interest, c.compensation), ',' ORDER BY c.overdue_amount DESC, c.payer::text::integer)) FROM (
		SELECT * FROM dunning.top_customers(100)) AS c $$) \g /dev/null
