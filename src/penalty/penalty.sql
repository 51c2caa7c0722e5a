-- Penalty rules, and the cost of a late payment.

-- Making rules and reading them

CREATE FUNCTION dunning.penalty_rule(rates dunning.rate_history, clauses text DEFAULT '') RETURNS dunning.penalty_rule
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rule_of_rates';
COMMENT ON FUNCTION dunning.penalty_rule(dunning.rate_history, text) IS 'A penalty rule from a rate history and the text of its clauses: ''grace 5; compensation 40.00 EUR''';

CREATE FUNCTION dunning.with_clauses(rule dunning.penalty_rule, clauses text) RETURNS dunning.penalty_rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_with_clauses';
COMMENT ON FUNCTION dunning.with_clauses IS 'The rule with these clauses instead of its own clauses of the same kind; the rule keeps the others';

CREATE FUNCTION dunning.with_rates(rule dunning.penalty_rule, rates dunning.rate_history) RETURNS dunning.penalty_rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rule_with_rates';
COMMENT ON FUNCTION dunning.with_rates IS 'The rule with these rates instead of its own; it keeps its clauses';

CREATE FUNCTION dunning.penalty_rule(rate numeric, clauses text DEFAULT '') RETURNS dunning.penalty_rule
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN dunning.with_clauses((rate::text || '%')::dunning.penalty_rule, coalesce(clauses, ''));
COMMENT ON FUNCTION dunning.penalty_rule(numeric, text) IS 'A penalty rule from a constant annual rate in percent and the text of its clauses';

CREATE FUNCTION dunning.with_default_decimals(rule dunning.penalty_rule, decimals integer) RETURNS dunning.penalty_rule
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rule_with_decimals';
COMMENT ON FUNCTION dunning.with_default_decimals IS 'The rule with these decimals (0 to 4), unless it states its own. If they are NULL, the rule is unchanged';

CREATE FUNCTION dunning.with_currency(rule dunning.penalty_rule, currency text) RETURNS dunning.penalty_rule
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rule_with_currency';
COMMENT ON FUNCTION dunning.with_currency IS 'The rule for debts in this currency: without the late fees in other currencies';

CREATE TYPE dunning.penalty_clauses AS ( --: The clauses of a penalty rule
	constant_rate numeric, --: The constant annual rate in percent; NULL if the rule has a rate history
	selection text, --: floating: each day has its own rate; fixed at start: the rate of the first day of interest holds for the life of the debt
	day_count text, --: act/365, act/act, act/360 or 30/360
	compounding text, --: yearly, monthly or every N days; NULL for simple interest
	rounding text, --: once, each segment or each day
	half_even boolean, --: Whether a half is rounded to the even neighbour instead of away from zero
	decimals integer, --: Decimals to which interest is rounded. With decimals_by_currency: if the currency is not known
	grace_days integer, --: Days after the due date on which a payment is not late
	least numeric, --: Interest below it is not charged
	most numeric, --: Interest never exceeds it
	most_percent numeric, --: Interest never exceeds this percentage of the debt
	payments text, --: What a payment extinguishes first: principal, interest or costs
	compensation text, --: The compensation, as in the text of the rule
	compensation_amount numeric, --: The compensation if it is the same for every debt
	currency text, --: Currency of the compensation
	professional_only boolean, --: Whether only professional debtors owe the compensation
	runs_at_most text, --: How long after the due date interest runs at most, such as 1 year; NULL: without end
	decimals_by_currency boolean, --: Whether the currency of the item decides the decimals
	late_fees text --: The late fees, as in the text of the rule; NULL: none
);

CREATE FUNCTION dunning.penalty_clauses(rule dunning.penalty_rule) RETURNS dunning.penalty_clauses
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_penalty_clauses';
COMMENT ON FUNCTION dunning.penalty_clauses IS 'The clauses of a penalty rule as columns';

CREATE FUNCTION dunning.rate_history(rule dunning.penalty_rule) RETURNS dunning.rate_history
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rule_rates';
COMMENT ON FUNCTION dunning.rate_history IS 'The rate history of a penalty rule; NULL if its rate is constant';

CREATE FUNCTION dunning.to_jsonb(dunning.penalty_rule) RETURNS jsonb
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN pg_catalog.to_jsonb(dunning.penalty_clauses($1)) || jsonb_build_object('rates', dunning.to_jsonb(dunning.rate_history($1)));
COMMENT ON FUNCTION dunning.to_jsonb(dunning.penalty_rule) IS 'The clauses and the rates of a penalty rule as a JSON object';
CREATE CAST (dunning.penalty_rule AS jsonb) WITH FUNCTION dunning.to_jsonb(dunning.penalty_rule);
COMMENT ON CAST (dunning.penalty_rule AS jsonb) IS 'The clauses and the rates as a JSON object';

-- The computations.  Interest runs from the day after the due date to as_of, both
-- included.  A rate applies from its own day on (France: Code de commerce L441-10 II).
-- A movement of a balance counts from the day after it, so the number of days of
-- interest is the date of the payment less the due date.

CREATE FUNCTION dunning.late_interest(amount numeric, due_on date, as_of date, rule dunning.penalty_rule) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_late_interest';
COMMENT ON FUNCTION dunning.late_interest(numeric, date, date, dunning.penalty_rule) IS
	'Late interest on an amount from the day after its due date to as_of, both included. 0 if it is not late, negative for a negative amount. Errors: 22023 if a day has no rate, 22008 outside the years 1 to 9999, 54000 if compounded too often';

CREATE FUNCTION dunning.late_interest(history dunning.balance_history, due_on date, as_of date, rule dunning.penalty_rule) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_late_interest_history';
COMMENT ON FUNCTION dunning.late_interest(dunning.balance_history, date, date, dunning.penalty_rule) IS
	'Late interest that accrued on an item by as_of, paid or not. Each day bears interest on the principal at the end of the day before: the balance, or what payments have left of it by the order of the rule. A payment that came back by as_of does not count';

CREATE FUNCTION dunning.late_compensation(amount numeric, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true) RETURNS numeric
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_late_compensation';
COMMENT ON FUNCTION dunning.late_compensation(numeric, date, date, dunning.penalty_rule, boolean) IS
	'The compensation of a late item by the scale of the rule, in the currency of the rule. 0 if the item is not late, its amount is not above zero, or the rule is for professional debtors only and the debtor is none (France: Code de commerce D441-5). It needs no rate';

CREATE FUNCTION dunning.late_compensation(history dunning.balance_history, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true) RETURNS numeric
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_late_compensation_history';
COMMENT ON FUNCTION dunning.late_compensation(dunning.balance_history, date, date, dunning.penalty_rule, boolean) IS
	'The compensation of a late item, measured on its balance at the end of the last grace day, without payments that came back by as_of. 0 if nothing was open then';

CREATE TYPE dunning.penalty AS ( --: A late penalty
	interest numeric, --: Late interest
	compensation numeric, --: Compensation, owed once per item
	late_fee numeric, --: Late fees by period
	total numeric --: Their sum
);

CREATE FUNCTION dunning.late_penalty(amount numeric, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true) RETURNS dunning.penalty
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_late_penalty';
COMMENT ON FUNCTION dunning.late_penalty(numeric, date, date, dunning.penalty_rule, boolean) IS
	'Late interest, compensation, late fees and their total. The amount, the compensation and the fees must have one currency; see dunning.with_currency';

CREATE FUNCTION dunning.late_penalty(history dunning.balance_history, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true) RETURNS dunning.penalty
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_late_penalty_history';
COMMENT ON FUNCTION dunning.late_penalty(dunning.balance_history, date, date, dunning.penalty_rule, boolean) IS
	'Late interest that accrued on an item by as_of, its compensation, its late fees and their total, paid or not. A fee is measured on the principal at the end of the day before its period';

CREATE FUNCTION dunning.last_day_of_interest(due_on date, rule dunning.penalty_rule) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_rule_interest_end';
COMMENT ON FUNCTION dunning.last_day_of_interest IS 'The last day of interest by the clause "at most", counted from the due date whatever the grace. NULL if interest has no end. Error 22008 outside the years 1 to 9999';

CREATE FUNCTION dunning.penalty_problem(due_on date, as_of date, rule dunning.penalty_rule) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_penalty_problem';
COMMENT ON FUNCTION dunning.penalty_problem(date, date, dunning.penalty_rule) IS 'Why late_interest fails for these days; NULL if it does not. Never an error';

CREATE FUNCTION dunning.penalty_problem(history dunning.balance_history, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_penalty_problem_history';
COMMENT ON FUNCTION dunning.penalty_problem(dunning.balance_history, date, date, dunning.penalty_rule, boolean) IS
	'The same with a history: days on which nothing bears interest need no rate. The costs that payments extinguish are those of the debtor';

CREATE TYPE dunning.assessment AS ( --: Late interest, compensation and late fees of an item, or why the interest cannot be computed
	interest numeric, --: Late interest in the currency of the item; NULL if there is a problem
	compensation numeric, --: Compensation in the currency of the rule; it needs no rate
	currency text, --: Currency of the compensation; NULL if the rule has none
	late_fee numeric, --: Late fees in the currency of the item; NULL if a problem concerns them too
	problem text --: Why the interest cannot be computed; NULL if it can
);

CREATE FUNCTION dunning.assess(open_amount numeric, history dunning.balance_history, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true, decimals integer DEFAULT NULL, paused dunning.balance_history DEFAULT NULL,
		currency text DEFAULT NULL) RETURNS dunning.assessment
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_assess';
COMMENT ON FUNCTION dunning.assess IS 'Late interest, compensation and late fees of an item in one call that no item makes fail: problem says what cannot be computed. They follow from the history, or without one from the open amount. All are 0 without a rule. paused is the amount that bears no interest';

-- Why this amount

CREATE TYPE dunning.penalty_segment AS ( --: A row of explain_penalty: a part of a late penalty
	segment integer, --: Number of the row, from 1
	kind text, --: interest; least or most: the amount that this clause takes away; compensation; late_fee
	from_day date, --: First day, included; of a compensation the day from which it is owed; of a late fee the first day of its period
	to_day date, --: Last day, included; the period of a late fee may end later than as_of
	days integer, --: Days of the calendar
	rate numeric, --: Annual rate in percent; of a late fee its percentage
	basis text, --: The day count
	principal numeric, --: Amount that bears interest, with compounded interest (then to 10 decimals); of a compensation or a late fee the amount on which it is measured
	interest numeric, --: Interest of the segment before rounding, to 10 decimals
	carried numeric, --: Fraction that rounding passes on to the next row, to 10 decimals; 0 if the rule rounds each segment or day
	amount numeric, --: Amount that the row adds to the penalty; all rows add up to late_penalty().total
	reason text --: Why the row is there, for people
);

CREATE FUNCTION dunning.explain_penalty(amount numeric, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true) RETURNS SETOF dunning.penalty_segment
	LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'dunning_explain_penalty';
COMMENT ON FUNCTION dunning.explain_penalty(numeric, date, date, dunning.penalty_rule, boolean) IS
	'The parts of a late penalty: a row for each span of days with one rate and one principal, then the adjustment by "least" or "most", then the compensation, then a row for each late fee. The amounts add up exactly to late_penalty().total';

CREATE FUNCTION dunning.explain_penalty(history dunning.balance_history, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true) RETURNS SETOF dunning.penalty_segment
	LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'dunning_explain_penalty_history';
COMMENT ON FUNCTION dunning.explain_penalty(dunning.balance_history, date, date, dunning.penalty_rule, boolean) IS
	'The same with a history: a movement starts a new row, and days that bear no interest have none';

CREATE FUNCTION dunning.explain_penalty(history dunning.balance_history, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean, paused dunning.balance_history) RETURNS SETOF dunning.penalty_segment
	LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'dunning_explain_penalty_history';
COMMENT ON FUNCTION dunning.explain_penalty(dunning.balance_history, date, date, dunning.penalty_rule, boolean, dunning.balance_history) IS
	'The same with an amount that bears no interest, as a balance that changes on days of interest: see dunning.paused';

CREATE FUNCTION dunning.explain_payments(history dunning.balance_history, due_on date, as_of date, rule dunning.penalty_rule,
		professional boolean DEFAULT true,
		OUT on_day date, OUT amount numeric, OUT costs numeric, OUT interest numeric, OUT principal numeric, OUT unassigned numeric,
		OUT returned numeric)
		RETURNS SETOF record
	LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'dunning_explain_payments';
COMMENT ON FUNCTION dunning.explain_payments IS 'How the order of the rule divides each payment up to as_of into costs, interest and principal. unassigned is a credit that waits for a later increase; returned is what was refunded or came back. The five parts add up to the amount of the payment';
