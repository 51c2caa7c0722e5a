-- Late interest of every item, rates of 18 years
\ir item.sql
CREATE TABLE rate AS SELECT from_day, to_day, rate FROM dunning.rates((SELECT dunning.rate_history(rule) FROM dunning.rule WHERE name = 'france'));
CREATE TABLE rule AS SELECT rule FROM dunning.rule WHERE name = 'france';
VACUUM ANALYZE rate;
\set as_of '''2026-06-30'''
CREATE FUNCTION interest_plpgsql(amount numeric, due_on date, as_of date) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
DECLARE
	r record;
	total numeric := 0;
BEGIN
	IF as_of <= due_on THEN
		RETURN 0.00;
	END IF;
	FOR r IN SELECT from_day, to_day, rate FROM rate WHERE from_day <= as_of AND to_day > due_on LOOP
		total := total + r.rate * (least(r.to_day, as_of) - greatest(r.from_day - 1, due_on));
	END LOOP;
	RETURN round(amount * total / 36500, 2);
END $$;
SELECT rule AS rule FROM rule \gset
SELECT measure('late interest', 'sum of the open amounts', 'SELECT sum(amount_total) FROM item'),
	measure('late interest', 'pg_dunning', format('SELECT sum(dunning.late_interest(amount_total, due_date, %L, %L)) FROM item', :as_of, :'rule')),
	measure('late interest', 'SQL joined to a rates table', format(
		'SELECT sum(interest) FROM (SELECT round(i.amount_total * sum(r.rate * (least(r.to_day, %1$L) - greatest(r.from_day - 1, i.due_date))) / 36500, 2) AS interest
		FROM item AS i JOIN rate AS r ON r.from_day <= %1$L AND r.to_day > i.due_date WHERE i.due_date < %1$L GROUP BY i.id) AS s', :as_of), 1),
	measure('late interest', 'SQL with a LATERAL sum', format(
		'SELECT sum(round(i.amount_total * s.total / 36500, 2)) FROM item AS i CROSS JOIN LATERAL (SELECT sum(r.rate * (least(r.to_day, %1$L) - greatest(r.from_day - 1, i.due_date))) AS total
		FROM rate AS r WHERE r.from_day <= %1$L AND r.to_day > i.due_date) AS s WHERE i.due_date < %1$L', :as_of), 1),
	measure('late interest', 'PL/pgSQL', format('SELECT sum(interest_plpgsql(amount_total, due_date, %L)) FROM item', :as_of), 1) \g /dev/null
-- Interest, compensation, currency and problem of every item, as a list of items asks
\echo
\echo Generating histories ...
CREATE TABLE dated AS SELECT id, amount_total, due_date, dunning.movement(amount_total, invoice_date) + dunning.movement(-round(amount_total / 2, 2), invoice_date + 60) AS history FROM item LIMIT :items / 4;
VACUUM ANALYZE dated;
\set separate 'dunning.penalty_problem(%1$s due_date, %2$L, r.rule) AS problem, dunning.late_interest(%3$s, due_date, %2$L, dunning.with_default_decimals(r.rule, 2)) AS interest, dunning.late_compensation(%3$s, due_date, %2$L, r.rule, true) AS compensation, (dunning.penalty_clauses(r.rule)).currency'
\set total 'SELECT concat_ws('' '', sum(interest), sum(compensation), count(problem), max(currency)) FROM (SELECT %s FROM %s OFFSET 0) AS s'
SELECT measure('assess amounts', 'pg_dunning', format(:'total', '(a).*', format('(SELECT dunning.assess(amount_total, NULL, due_date, %L, r.rule, true, 2) AS a FROM dated, rule AS r OFFSET 0) AS t', :as_of))),
	measure('assess amounts', 'separate functions', format(:'total', format(:'separate', '', :as_of, 'amount_total'), 'dated, rule AS r')),
	measure('assess histories', 'pg_dunning', format(:'total', '(a).*', format('(SELECT dunning.assess(amount_total, history, due_date, %L, r.rule, true, 2) AS a FROM dated, rule AS r OFFSET 0) AS t', :as_of))),
	measure('assess histories', 'separate functions', format(:'total', format(:'separate', 'history,', :as_of, 'history'), 'dated, rule AS r')) \g /dev/null
