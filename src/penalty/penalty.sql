-- Penalty rules, and what a late payment costs by them.

-- Putting rules together and reading them back

CREATE FUNCTION dunning.penalty_rule(rates dunning.rate_history, clauses text DEFAULT '') RETURNS dunning.penalty_rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rule_of_rates';
COMMENT ON FUNCTION dunning.penalty_rule(dunning.rate_history, text) IS
	'A penalty rule from a rate history and the text of its clauses: ''grace 5; compensation 40.00 EUR''';

CREATE FUNCTION dunning.with_clauses(rule dunning.penalty_rule, clauses text) RETURNS dunning.penalty_rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_with_clauses';
COMMENT ON FUNCTION dunning.with_clauses(dunning.penalty_rule, text) IS
	'The rule with the clauses of a text in the place of its own ones of the same kind; the others stay';

CREATE FUNCTION dunning.with_rates(rule dunning.penalty_rule, rates dunning.rate_history) RETURNS dunning.penalty_rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rule_with_rates';
COMMENT ON FUNCTION dunning.with_rates(dunning.penalty_rule, dunning.rate_history) IS
	'The rule with these rates in the place of its own ones, or of its constant rate; its clauses stay';

CREATE FUNCTION dunning.penalty_rule(rate numeric, clauses text DEFAULT '') RETURNS dunning.penalty_rule
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN dunning.with_clauses((rate::text || '%')::dunning.penalty_rule, clauses);
COMMENT ON FUNCTION dunning.penalty_rule(numeric, text) IS
	'A penalty rule from a constant annual rate in percent and the text of its clauses';

CREATE FUNCTION dunning.with_default_decimals(rule dunning.penalty_rule, decimals integer) RETURNS dunning.penalty_rule
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rule_with_decimals';
COMMENT ON FUNCTION dunning.with_default_decimals(dunning.penalty_rule, integer) IS
	'The rule with the decimals of a currency, unless it says its own; the rule as it is where they are NULL: the currency is not known. Error 22023 unless they are 0 to 4';

CREATE TYPE dunning.penalty_clauses AS ( --: What a penalty rule says besides its rate history
	constant_rate numeric, --: The annual rate in percent if it is constant; NULL if the rule has a history
	selection text, --: floating: each day has its own rate; fixed at start: the rate of the first day of interest holds for good
	day_count text, --: act/365, act/act, act/360 or 30/360
	compounding text, --: yearly, monthly or every N days; NULL for simple interest
	rounding text, --: once, each segment or each day
	half_even boolean, --: Whether a half is rounded to the even neighbour and not away from zero
	decimals integer, --: Decimals to which interest is rounded, of a currency that is not known if decimals_by_currency
	grace_days integer, --: Days after the due date on which a payment is not late
	least numeric, --: Interest below it is not charged at all
	most numeric, --: Interest never exceeds it
	most_percent numeric, --: Interest never exceeds this percentage of the debt
	payments text, --: What a payment extinguishes first: principal, interest or costs
	compensation text, --: The compensation as the rule states it
	compensation_amount numeric, --: The compensation if it is one sum whatever the debt
	currency text, --: Currency of the compensation
	professional_only boolean, --: Whether only professional debtors owe the compensation
	runs_at_most text, --: For how long after the due date interest runs at most: 1 year; NULL: without end
	decimals_by_currency boolean --: Whether the rule leaves its decimals to the currency of the item
);

CREATE FUNCTION dunning.penalty_clauses(rule dunning.penalty_rule) RETURNS dunning.penalty_clauses
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_penalty_clauses';
COMMENT ON FUNCTION dunning.penalty_clauses(dunning.penalty_rule) IS 'The clauses of a penalty rule as columns';

CREATE FUNCTION dunning.rate_history(rule dunning.penalty_rule) RETURNS dunning.rate_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rule_rates';
COMMENT ON FUNCTION dunning.rate_history(dunning.penalty_rule) IS
	'The rate history of a penalty rule; NULL if its rate is constant';

CREATE FUNCTION dunning.to_jsonb(dunning.penalty_rule) RETURNS jsonb
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN pg_catalog.to_jsonb(dunning.penalty_clauses($1)) || jsonb_build_object('rates', dunning.to_jsonb(dunning.rate_history($1)));
COMMENT ON FUNCTION dunning.to_jsonb(dunning.penalty_rule) IS 'The clauses of a penalty rule as a JSON object, with its rates';
CREATE CAST (dunning.penalty_rule AS jsonb) WITH FUNCTION dunning.to_jsonb(dunning.penalty_rule);
COMMENT ON CAST (dunning.penalty_rule AS jsonb) IS 'JSON object of the clauses, with the rates';

-- The computations.  Interest runs from the day after the due date to as_of,
-- both counted, and a rate that starts on a day applies on that day (France:
-- Code de commerce L441-10 II).  A movement of a balance counts from the day
-- after its own, so the days of a payment are its date less the due date.

CREATE FUNCTION dunning.late_interest(amount numeric, due_on date, as_of date, rule dunning.penalty_rule) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_late_interest';
COMMENT ON FUNCTION dunning.late_interest(numeric, date, date, dunning.penalty_rule) IS
	'Late interest on an amount from the day after its due date to as_of, both counted, exact and rounded as the rule says; 0 if not late; of a negative amount negative, "least" and "most" taken of its absolute value; NaN and infinite amounts pass through a rule of simple interest rounded once and are error 22003 for any other; 22023 if a day has no rate, 22008 outside the years 1 to 9999, 54000 if compounded too often';

CREATE FUNCTION dunning.late_interest(history dunning.balance_history, due_on date, as_of date, rule dunning.penalty_rule) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_late_interest_history';
COMMENT ON FUNCTION dunning.late_interest(dunning.balance_history, date, date, dunning.penalty_rule) IS
	'Late interest that has accrued on an item by as_of, paid or not: each day on the principal at the end of the day before. Principal is the balance, or by "payments to interest" and "payments to costs" what payments have left of it; increases add to it, less what was paid too much before. A payment that came back by as_of never was (see dunning.standing_history). While the principal is zero only interest that was added to it and is owed bears interest; on other days no rate is needed. What is paid by due_on + grace is not late: if nothing is left then, interest begins after the grace days for what is added later. Costs are those of a professional debtor';

CREATE FUNCTION dunning.late_compensation(amount numeric, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_late_compensation';
COMMENT ON FUNCTION dunning.late_compensation(numeric, date, date, dunning.penalty_rule, boolean) IS
	'The compensation of a late item by the scale of the rule, in its currency; 0 if it is not late, the amount is not above zero, or the rule asks it of professional debtors only and this one is none (France: Code de commerce D441-5). It needs no rate';

CREATE FUNCTION dunning.late_compensation(history dunning.balance_history, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_late_compensation_history';
COMMENT ON FUNCTION dunning.late_compensation(dunning.balance_history, date, date, dunning.penalty_rule, boolean) IS
	'The compensation of a late item, measured at its balance at the end of the last grace day, without payments that came back by as_of; 0 if nothing was open then';

CREATE TYPE dunning.penalty AS ( --: A late penalty: interest, compensation, and the two together
	interest numeric, --: Late interest
	compensation numeric, --: Compensation, once an item
	total numeric --: The two together
);

CREATE FUNCTION dunning.late_penalty(amount numeric, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true) RETURNS dunning.penalty
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_late_penalty';
COMMENT ON FUNCTION dunning.late_penalty(numeric, date, date, dunning.penalty_rule, boolean) IS
	'Late interest, compensation and their total; the amount and the compensation are taken to be of one currency';

CREATE FUNCTION dunning.late_penalty(history dunning.balance_history, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true) RETURNS dunning.penalty
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_late_penalty_history';
COMMENT ON FUNCTION dunning.late_penalty(dunning.balance_history, date, date, dunning.penalty_rule, boolean) IS
	'Late interest that has accrued on an item by as_of, its compensation, and their total, paid or not';

CREATE FUNCTION dunning.last_day_of_interest(due_on date, rule dunning.penalty_rule) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rule_interest_end';
COMMENT ON FUNCTION dunning.last_day_of_interest(date, dunning.penalty_rule) IS
	'The last day on which a debt bears interest by a rule with "at most", counted from the due date whatever the grace; NULL if interest has no end; error 22008 outside the years 1 to 9999';

CREATE FUNCTION dunning.penalty_problem(due_on date, as_of date, rule dunning.penalty_rule) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_penalty_problem';
COMMENT ON FUNCTION dunning.penalty_problem(date, date, dunning.penalty_rule) IS
	'Why late_interest cannot be computed for these days, NULL if it can; never an error';

CREATE FUNCTION dunning.penalty_problem(history dunning.balance_history, due_on date, as_of date, rule dunning.penalty_rule) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_penalty_problem_history';
COMMENT ON FUNCTION dunning.penalty_problem(dunning.balance_history, date, date, dunning.penalty_rule) IS
	'The same for an item by its history: days on which nothing bears interest need no rate';

CREATE TYPE dunning.assessment AS ( --: What an item has cost, or why that cannot be said
	interest numeric, --: Late interest in the currency of the item; NULL if there is a problem
	compensation numeric, --: Compensation in the currency of the rule, once an item; it needs no rate
	currency text, --: Currency of the compensation; NULL if the rule has none
	problem text --: Why the interest cannot be computed; NULL if it can
);

CREATE FUNCTION dunning.assess(open_amount numeric, history dunning.balance_history, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true, decimals integer DEFAULT NULL) RETURNS dunning.assessment
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_assess';
COMMENT ON FUNCTION dunning.assess(numeric, dunning.balance_history, date, date, dunning.penalty_rule, boolean, integer) IS
	'Late interest and compensation of an item with their currency and the problem, in one call that no item makes fail: 0 without a rule or if the open amount is not above zero; otherwise those of the history, also if the open amount is NULL, or without a history those of the open amount. The interest has the decimals of the item''s currency unless the rule says its own; a debtor of whom it is not known (NULL) is a professional. Error 22023 unless the decimals are 0 to 4';

-- Why this amount

CREATE TYPE dunning.penalty_segment AS ( --: A part of a late penalty, as explain_penalty gives them
	segment integer, --: Number of the row, from 1
	kind text, --: interest; least or most: what these clauses take away from it; compensation
	from_day date, --: First day, counted; of the compensation the day from which it is owed
	to_day date, --: Last day, counted
	days integer, --: Days of the calendar
	rate numeric, --: Annual rate in percent
	basis text, --: The day count
	principal numeric, --: What bears interest, added interest included (to 10 decimals then); of the compensation the debt at which it is measured
	interest numeric, --: Interest of the segment before rounding, to 10 decimals
	carried numeric, --: What the rounding has left out so far and the next row takes up, to 10 decimals; 0 if the rule rounds each segment or day
	amount numeric, --: What the row adds to the penalty; all rows add up to late_penalty().total
	reason text --: Why the row is there, for people
);

CREATE FUNCTION dunning.explain_penalty(amount numeric, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true) RETURNS SETOF dunning.penalty_segment
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'dunning_explain_penalty';
COMMENT ON FUNCTION dunning.explain_penalty(numeric, date, date, dunning.penalty_rule, boolean) IS
	'How a late penalty comes about: a row for each run of days with one rate and one base, then what "least" or "most" take away, then the compensation; the amounts add up exactly to late_penalty().total';

CREATE FUNCTION dunning.explain_penalty(history dunning.balance_history, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true) RETURNS SETOF dunning.penalty_segment
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'dunning_explain_penalty_history';
COMMENT ON FUNCTION dunning.explain_penalty(dunning.balance_history, date, date, dunning.penalty_rule, boolean) IS
	'The same for an item by its history; a movement ends a segment, days that bear no interest have no row';

CREATE FUNCTION dunning.explain_payments(history dunning.balance_history, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true,
		OUT on_day date, OUT amount numeric, OUT costs numeric, OUT interest numeric, OUT principal numeric, OUT unassigned numeric,
		OUT returned numeric)
		RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'dunning_explain_payments';
COMMENT ON FUNCTION dunning.explain_payments(dunning.balance_history, date, date, dunning.penalty_rule, boolean) IS
	'What each payment up to as_of extinguished by the order of the rule: costs (the compensation, from the first day after the grace days), interest accrued and charged by the end of that day, rounded, the oldest first, principal, and what is left over. Up to the due date, and within grace days that leave nothing open, a payment is principal only. What is left over is a credit; what of it met a later increase by as_of is principal, what was refunded or came back by then is returned. The five parts of each payment add up to its amount';
