/*
 * penalty/penalty.c: penalty rules as SQL values, and the late interest and
 * compensation of a debt.
 */
#include "penalty/penalty.h"

#include "access/htup_details.h"
#include "balance/history.h"
#include "core/days.h"
#include "funcapi.h"
#include "number.h"
#include "nodes/primnodes.h"
#include "penalty/interest.h"
#include "penalty/rates.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(dunning_rule_of_rates);
PG_FUNCTION_INFO_V1(dunning_with_clauses);
PG_FUNCTION_INFO_V1(dunning_rule_with_rates);
PG_FUNCTION_INFO_V1(dunning_rule_with_decimals);
PG_FUNCTION_INFO_V1(dunning_rule_with_currency);
PG_FUNCTION_INFO_V1(dunning_rule_interest_end);
PG_FUNCTION_INFO_V1(dunning_rule_rates);
PG_FUNCTION_INFO_V1(dunning_penalty_clauses);
PG_FUNCTION_INFO_V1(dunning_late_interest);
PG_FUNCTION_INFO_V1(dunning_late_interest_history);
PG_FUNCTION_INFO_V1(dunning_late_compensation);
PG_FUNCTION_INFO_V1(dunning_late_compensation_history);
PG_FUNCTION_INFO_V1(dunning_late_penalty);
PG_FUNCTION_INFO_V1(dunning_late_penalty_history);
PG_FUNCTION_INFO_V1(dunning_penalty_problem);
PG_FUNCTION_INFO_V1(dunning_penalty_problem_history);

#define RULE_TYPE "penalty_rule"

/*
 * The arrays follow the fixed part: rate and cum (int64 each), the bands of the
 * compensation, the late fees, from (int32), name.
 */
typedef struct StoredRule
{
	DunningValue head;
	uint8		name_len;
	uint8		shape;			/* of the rates */
	int32		n;
	int32		until;
	DnClauses		terms;
	int64		rate[FLEXIBLE_ARRAY_MEMBER];
} StoredRule;

#define STORED_SIZE(n, n_bands, n_fees, name_len) \
	(offsetof(StoredRule, rate) + (Size) (n) * (2 * sizeof(int64) + sizeof(int32)) \
	 + (n_bands) * sizeof(DnBand) + (n_fees) * sizeof(DnLateFee) + (name_len))

StaticAssertDecl(offsetof(StoredRule, terms) % sizeof(int64) == 0 &&
				 sizeof(DnClauses) == 64 && sizeof(DnBand) == 32 && sizeof(DnLateFee) == 48,
				 "the stored form of a rule has no gaps");

/* Points a core rule at the bytes of a stored value, after checking them. */
void
dunning_read_rule(Datum datum, DnRule *rule)
{
	StoredRule *v = (StoredRule *) PG_DETOAST_DATUM(datum);

	dunning_check_value(v, offsetof(StoredRule, rate), RULE_TYPE);
	if (v->n < 1 || v->n > DN_RATES_MAX ||
		VARSIZE(v) != STORED_SIZE(v->n, v->terms.n_bands, v->terms.n_fees, v->name_len) || !dn_rates_shape_valid(v->shape))
		dunning_bad_value(RULE_TYPE);
	rule->terms = &v->terms;
	rule->rates.n = v->n;
	rule->rates.until = v->until;
	rule->rates.shape = v->shape;
	rule->rates.rate = v->rate;
	rule->cum = v->rate + v->n;
	rule->band = (const DnBand *) (rule->cum + v->n);
	rule->fee = (const DnLateFee *) (rule->band + v->terms.n_bands);
	rule->rates.from = (const int32 *) (rule->fee + v->terms.n_fees);
	rule->rates.name = (const char *) (rule->rates.from + v->n);
	rule->rates.name_len = v->name_len;
}

static Datum
store_rule(const DnRule *rule)
{
	const DnRates *r = &rule->rates;
	int			n_bands = rule->terms->n_bands;
	int			n_fees = rule->terms->n_fees;
	Size		size = STORED_SIZE(r->n, n_bands, n_fees, r->name_len);
	StoredRule *v = palloc0(size);
	int64	   *cum = v->rate + r->n;
	DnBand	   *band = (DnBand *) (cum + r->n);
	DnLateFee  *fee = (DnLateFee *) (band + n_bands);
	int32	   *from = (int32 *) (fee + n_fees);

	dn_assert(dn_rule_valid(rule));
	SET_VARSIZE(v, size);
	v->head.version = DUNNING_VALUE_VERSION;
	v->name_len = (uint8) r->name_len;
	v->n = r->n;
	v->until = r->until;
	v->shape = r->shape;
	memcpy(&v->terms, rule->terms, sizeof(DnClauses));
	memcpy(v->rate, r->rate, r->n * sizeof(int64));
	memcpy(cum, rule->cum, r->n * sizeof(int64));
	memcpy(band, rule->band, n_bands * sizeof(DnBand));
	memcpy(fee, rule->fee, n_fees * sizeof(DnLateFee));
	memcpy(from, r->from, r->n * sizeof(int32));
	if (r->name_len > 0)
		memcpy(from + r->n, r->name, r->name_len);
	return PointerGetDatum(v);
}

/* Who writes a country where a rule belongs gets told how to ask for its rule. */
static char *
name_hint(const char *text, size_t len)
{
	if (!dn_is_bare_name(text, len))
		return NULL;
	return psprintf("The rule of a jurisdiction is dunning.law_rule(code => '%.*s').",
					(int) len, text);
}

static Datum
parse_rule(const char *text, size_t len, struct Node *escontext)
{
	DnRuleRoom *room = palloc(sizeof(DnRuleRoom));
	DnRule		rule;
	DnError		err;

	if (!dn_parse_rule(text, len, room, &rule, &err))
	{
		dunning_parse_error_hint(escontext, RULE_TYPE, text, len, &err, name_hint(text, len));
		return (Datum) 0;
	}
	return store_rule(&rule);
}

/* A rule from the rates and terms of another and the clauses of a text. */
static Datum
parse_clauses(const DnRule *base, const text *terms)
{
	DnRuleRoom *room = palloc(sizeof(DnRuleRoom));
	DnRule		rule;
	DnError		err;
	const char *p = VARDATA_ANY(terms);
	size_t		len = VARSIZE_ANY_EXHDR(terms);

	if (!dn_parse_clauses(p, len, base, room, &rule, &err))
		dunning_parse_error(NULL, RULE_TYPE, p, len, &err);
	return store_rule(&rule);
}

static char *
rule_text(Datum datum)
{
	DnRule		rule;

	dunning_read_rule(datum, &rule);
	return dunning_print(dn_print_rule, &rule);
}

DUNNING_VALUE_TYPE(penalty_rule, parse_rule, rule_text, NULL);

/* penalty_rule(rates, clauses) */
Datum
dunning_rule_of_rates(PG_FUNCTION_ARGS)
{
	DnRule		base = {0};

	if (dunning_null_among(fcinfo, 1))
		PG_RETURN_NULL();
	dunning_read_rates(PG_GETARG_DATUM(0), &base.rates);
	return parse_clauses(&base, PG_ARGISNULL(1) ? cstring_to_text("") : PG_GETARG_TEXT_PP(1));
}

/* with_clauses(rule, terms) */
Datum
dunning_with_clauses(PG_FUNCTION_ARGS)
{
	DnRule		base;

	dunning_read_rule(PG_GETARG_DATUM(0), &base);
	return parse_clauses(&base, PG_GETARG_TEXT_PP(1));
}

/* with_rates(rule, rates) */
Datum
dunning_rule_with_rates(PG_FUNCTION_ARGS)
{
	DnRuleRoom *room = palloc(sizeof(DnRuleRoom));
	DnRule		base,
				rule;
	DnError		err;

	dunning_read_rule(PG_GETARG_DATUM(0), &base);
	dunning_read_rates(PG_GETARG_DATUM(1), &base.rates);
	dn_parse_clauses("", 0, &base, room, &rule, &err);
	return store_rule(&rule);
}

/* Raises a number of decimals that no rule can have. */
void
dunning_check_decimals(int32 decimals)
{
	if (decimals < 0 || decimals > DN_DECIMALS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a number of decimals must be from 0 to %d", DN_DECIMALS_MAX)));
}

/*
 * with_default_decimals(rule, decimals): the very rule unless it leaves its
 * decimals to the currency and this has others than it takes.
 */
Datum
dunning_rule_with_decimals(PG_FUNCTION_ARGS)
{
	int32		decimals = PG_ARGISNULL(1) ? DN_DECIMALS_DEFAULT : PG_GETARG_INT32(1);
	DnClauses	terms;
	DnRule		rule;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (decimals == DN_DECIMALS_DEFAULT)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	dunning_check_decimals(decimals);
	dunning_read_rule(PG_GETARG_DATUM(0), &rule);
	if (rule.terms->decimals_said)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	terms = *rule.terms;
	terms.decimals = (uint8) decimals;
	terms.decimals_said = 1;
	rule.terms = &terms;
	return store_rule(&rule);
}

/* with_currency(rule, currency): without the late fees that debts in this currency do not have */
Datum
dunning_rule_with_currency(PG_FUNCTION_ARGS)
{
	char	   *currency = text_to_cstring(PG_GETARG_TEXT_PP(1));
	DnLateFee	fee[DN_LATE_FEES_MAX];
	DnClauses	terms;
	DnRule		rule;
	int			i;

	dunning_read_rule(PG_GETARG_DATUM(0), &rule);
	terms = *rule.terms;
	terms.n_fees = 0;
	for (i = 0; i < rule.terms->n_fees; i++)
		if (dn_late_fee_applies(rule.fee, rule.terms->n_fees, i, currency, true))
			fee[terms.n_fees++] = rule.fee[i];
	if (terms.n_fees == rule.terms->n_fees)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	rule.terms = &terms;
	rule.fee = fee;
	return store_rule(&rule);
}

/* last_day_of_interest(due_on, rule): NULL if interest has no end */
Datum
dunning_rule_interest_end(PG_FUNCTION_ARGS)
{
	DateADT		due_on = PG_GETARG_DATEADT(0);
	DnRule		rule;

	dunning_read_rule(PG_GETARG_DATUM(1), &rule);
	if (rule.terms->stop == 0)
		PG_RETURN_NULL();
	if (!dn_day_finite(due_on) || due_on < DN_INTEREST_FIRST - 1 || due_on > DN_INTEREST_LAST)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("no interest for days outside the years %04d to %d", DN_YEAR_MIN, DN_YEAR_MAX)));
	PG_RETURN_DATEADT(dn_interest_end(&rule, due_on));
}

/* rate_history(rule): the rates of a rule without its terms */
Datum
dunning_rule_rates(PG_FUNCTION_ARGS)
{
	DnRule		rule;

	dunning_read_rule(PG_GETARG_DATUM(0), &rule);
	if (rule.rates.from[0] == DN_DAY_EVER)
		PG_RETURN_NULL();
	return dunning_store_rates(&rule.rates);
}

/* What a rule adds to its interest as time passes; NULL for simple interest. */
static char *
compounding_text(const DnClauses *t)
{
	switch (t->compounding)
	{
		case DN_COMPOUND_YEARLY:
			return "yearly";
		case DN_COMPOUND_MONTHLY:
			return "monthly";
		case DN_COMPOUND_DAYS:
			return psprintf("every %d days", t->every);
		default:
			return NULL;
	}
}

/* penalty_clauses(rule): what a rule says besides its rates */
Datum
dunning_penalty_clauses(PG_FUNCTION_ARGS)
{
	static const char *const rounding[] = {"once", "each segment", "each day"};
	static const char *const payments[] = {"principal", "interest", "costs"};
	TupleDesc	desc = dunning_result_desc(fcinfo);
	DnRule		rule;
	const DnClauses *t;
	char	   *compounding;
	Datum		values[19] = {0};
	bool		nulls[19] = {false};

	dunning_read_rule(PG_GETARG_DATUM(0), &rule);
	t = rule.terms;
	compounding = compounding_text(t);
	nulls[0] = rule.rates.from[0] != DN_DAY_EVER;
	values[0] = NumericGetDatum(dunning_short_numeric(rule.rates.rate[0], DN_RATE_SCALE));
	values[1] = CStringGetTextDatum(t->fixed ? "fixed at start" : "floating");
	values[2] = CStringGetTextDatum(dn_daycount_name(t->day_count));
	nulls[3] = compounding == NULL;
	if (compounding != NULL)
		values[3] = CStringGetTextDatum(compounding);
	values[4] = CStringGetTextDatum(rounding[t->rounding]);
	values[5] = BoolGetDatum(t->half_even != 0);
	values[6] = Int32GetDatum(t->decimals);
	values[7] = Int32GetDatum(t->grace);
	nulls[8] = t->least == 0;
	values[8] = NumericGetDatum(dunning_short_numeric(t->least, DN_FEE_SCALE));
	nulls[9] = t->most == 0;
	values[9] = NumericGetDatum(dunning_short_numeric(t->most, DN_FEE_SCALE));
	nulls[10] = t->most_percent == 0;
	values[10] = NumericGetDatum(dunning_short_numeric(t->most_percent, DN_RATE_SCALE));
	values[11] = CStringGetTextDatum(payments[t->payments]);
	nulls[12] = nulls[14] = t->n_bands == 0;
	values[12] = CStringGetTextDatum(dunning_print(dn_print_scale, &rule));
	nulls[13] = t->n_bands != 1 || rule.band[0].percent != 0;
	if (!nulls[13])
		values[13] = NumericGetDatum(dunning_short_numeric(rule.band[0].sum, DN_FEE_SCALE));
	values[14] = CStringGetTextDatum(t->currency);
	values[15] = BoolGetDatum(t->professional != 0);
	nulls[16] = t->stop == 0;
	if (!nulls[16])
		values[16] = CStringGetTextDatum(dunning_print(dn_print_end, t));
	values[17] = BoolGetDatum(t->decimals_said == 0);
	nulls[18] = t->n_fees == 0;
	if (!nulls[18])
		values[18] = CStringGetTextDatum(dunning_print(dn_print_late_fees, &rule));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}

/*
 * amount * sum / divisor rounded, for any numeric: whole numbers all the way,
 * so that nothing is rounded twice.
 */
static Numeric
sum_interest(struct varlena *amount, int64 sum, const DnClauses *t)
{
	int64		units;
	int64		result;
	int			dscale;

	if (dunning_money_read(amount, &units, &dscale) && dn_interest(units, sum, t, &result))
		return dunning_scaled_numeric(result, t->decimals);
	return dunning_quotient(number_mul(DatumGetNumeric(PointerGetDatum(amount)), int64_to_numeric(sum)),
							int64_to_numeric(dn_daycount_divisor(t->day_count)),
							t->decimals, t->half_even);
}

/* Whether the interest of an amount is its sum and nothing else. */
bool
dunning_is_plain(const DnClauses *t)
{
	return (t->compounding | t->rounding) == 0 && (t->least | t->most | t->most_percent) == 0;
}

/* The interest of one late amount by a rule that takes more than a sum. */
static pg_noinline Numeric
walked_interest(const DnRule *rule, struct varlena *amount, DateADT due_on, DateADT as_of)
{
	DunningDebt debt = {.rule = *rule, .due_on = due_on, .as_of = as_of, .professional = true};
	Numeric		v;

	dunning_debt_of_amount(&debt, DatumGetNumeric(PointerGetDatum(amount)));
	v = dunning_charge(&debt, dunning_accrue(&debt, true, NULL));
	return debt.negative ? number_neg(v) : v;
}

/* The interest of one late amount whose rates and days are those of a sum. */
Numeric
dunning_amount_interest(const DnRule *rule, struct varlena *amount, DateADT due_on, DateADT as_of, int64 sum)
{
	if (unlikely(!dunning_is_plain(rule->terms)))
		return walked_interest(rule, amount, due_on, as_of);
	return sum_interest(amount, sum, rule->terms);
}

/* The interest of one amount that is open all the time. */
static Numeric
amount_interest(const DnRule *rule, struct varlena *amount, DateADT due_on, DateADT as_of)
{
	int64		sum;
	int32		missing = 0;
	DnLate		late = dn_late(rule, due_on, as_of, &sum, &missing);

	if (late == DN_LATE_NOT)
		return dunning_scaled_numeric(0, rule->terms->decimals);
	if (unlikely(late != DN_LATE_YES))
		dunning_raise_late(rule, due_on, as_of, late, missing);
	return dunning_amount_interest(rule, amount, due_on, as_of, sum);
}

/* The compensation of one amount, late or not. */
Numeric
dunning_amount_compensation(const DnRule *rule, struct varlena *amount, bool late, bool professional)
{
	const DnClauses *t = rule->terms;
	int64		units;
	int			dscale;

	if (!late || t->n_bands == 0)
		return dunning_short_numeric(0, DN_FEE_SCALE);
	if (t->n_bands == 1 && rule->band[0].percent == 0 && (t->comp_least | t->comp_most) == 0 &&
		dunning_money_read(amount, &units, &dscale))
		return dunning_short_numeric(units > 0 && (professional || !t->professional) ?
									 rule->band[0].sum : 0, DN_FEE_SCALE);
	return dunning_compensation(rule, DatumGetNumeric(PointerGetDatum(amount)), professional);
}

/* The late fees of one amount that is open all the time. */
Numeric
dunning_amount_fees(const DnRule *rule, struct varlena *amount, DateADT due_on, DateADT as_of,
					bool late, bool professional, const char *currency)
{
	DunningDebt debt = {.rule = *rule, .due_on = due_on, .as_of = as_of, .professional = professional, .currency = currency};

	if (!late || rule->terms->n_fees == 0)
		return dunning_scaled_numeric(0, rule->terms->decimals);
	dunning_debt_of_amount(&debt, DatumGetNumeric(PointerGetDatum(amount)));
	return dunning_late_fees(&debt, late, NULL);
}

/* What a call site keeps in fn_extra: its rule, if that is a constant of the query. */
typedef struct RuleSite
{
	bool		constant;
	DnRule		rule;			/* points into a copy of the value */
} RuleSite;

/* A new site for a function whose argument "arg" is a rule. */
static pg_noinline RuleSite *
open_rule_site(FunctionCallInfo fcinfo, int arg)
{
	Node	   *expr = fcinfo->flinfo->fn_expr;
	MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	RuleSite   *site = palloc0(sizeof(RuleSite));

	/* other arguments may differ from call to call, parameters of PL/pgSQL too */
	site->constant = expr != NULL && IsA(expr, FuncExpr) &&
		IsA(list_nth(((FuncExpr *) expr)->args, arg), Const);
	if (site->constant)
		dunning_read_rule(PointerGetDatum(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(arg))), &site->rule);
	MemoryContextSwitchTo(old);
	fcinfo->flinfo->fn_extra = site;
	return site;
}

/* late_interest(amount, due_on, as_of, rule): see the SQL comment */
Datum
dunning_late_interest(PG_FUNCTION_ARGS)
{
	const RuleSite *site = fcinfo->flinfo->fn_extra;
	const DnRule *rule;
	DnRule		read;

	if (unlikely(site == NULL))
		site = open_rule_site(fcinfo, 3);
	rule = &site->rule;
	if (!site->constant)
	{
		dunning_read_rule(PG_GETARG_DATUM(3), &read);
		rule = &read;
	}
	PG_RETURN_NUMERIC(amount_interest(rule, PG_GETARG_VARLENA_PP(0),
									  PG_GETARG_DATEADT(1), PG_GETARG_DATEADT(2)));
}

/* Whether the debtor is a professional, by the optional fifth argument. */
static bool
professional_debtor(FunctionCallInfo fcinfo)
{
	return PG_NARGS() < 5 || PG_ARGISNULL(4) || PG_GETARG_BOOL(4);
}

/* The arguments (history, due_on, as_of, rule [, professional]) as a debt; what came back by as_of is undone. */
static void
dated_debt(FunctionCallInfo fcinfo, DunningDebt *debt)
{
	debt->dated = true;
	debt->due_on = PG_GETARG_DATEADT(1);
	debt->as_of = PG_GETARG_DATEADT(2);
	dunning_read_history(PG_GETARG_DATUM(0), &debt->history);
	dunning_undo_returns(&debt->history, debt->as_of);
	dunning_read_rule(PG_GETARG_DATUM(3), &debt->rule);
	debt->professional = professional_debtor(fcinfo);
	debt->paused = NULL;
	debt->amount = NULL;
	debt->negative = false;
	debt->currency = NULL;
}

/* late_interest(history, due_on, as_of, rule) */
Datum
dunning_late_interest_history(PG_FUNCTION_ARGS)
{
	DunningDebt debt;

	dated_debt(fcinfo, &debt);
	PG_RETURN_NUMERIC(dunning_history_interest(&debt));
}

/*
 * late_compensation(amount | history, due_on, as_of, rule, professional): owed
 * whether or not the interest can be computed.
 */
Datum
dunning_late_compensation(PG_FUNCTION_ARGS)
{
	DnRule		rule;

	if (dunning_null_among(fcinfo, 4))
		PG_RETURN_NULL();
	dunning_read_rule(PG_GETARG_DATUM(3), &rule);
	PG_RETURN_NUMERIC(dunning_amount_compensation(&rule, PG_GETARG_VARLENA_PP(0),
												  dn_lateness(&rule, PG_GETARG_DATEADT(1), PG_GETARG_DATEADT(2)) != DN_LATE_NOT,
												  professional_debtor(fcinfo)));
}

Datum
dunning_late_compensation_history(PG_FUNCTION_ARGS)
{
	DunningDebt debt;
	int32		late_on;

	if (dunning_null_among(fcinfo, 4))
		PG_RETURN_NULL();
	dated_debt(fcinfo, &debt);
	if (dn_lateness(&debt.rule, debt.due_on, debt.as_of) == DN_LATE_NOT)
		PG_RETURN_NUMERIC(dunning_short_numeric(0, DN_FEE_SCALE));
	PG_RETURN_NUMERIC(dunning_compensation(&debt.rule, dunning_late_measure(&debt, &late_on), debt.professional));
}

static Datum
penalty_row(FunctionCallInfo fcinfo, Numeric interest, Numeric compensation, Numeric fees)
{
	Datum		values[4];
	bool		nulls[4] = {false};

	values[0] = NumericGetDatum(interest);
	values[1] = NumericGetDatum(compensation);
	values[2] = NumericGetDatum(fees);
	values[3] = NumericGetDatum(number_add(number_add(interest, compensation), fees));
	return HeapTupleGetDatum(heap_form_tuple(dunning_result_desc(fcinfo), values, nulls));
}

/* late_penalty(amount | history, due_on, as_of, rule, professional) */
Datum
dunning_late_penalty(PG_FUNCTION_ARGS)
{
	struct varlena *amount;
	DateADT		due_on = PG_GETARG_DATEADT(1);
	DateADT		as_of = PG_GETARG_DATEADT(2);
	bool		professional = professional_debtor(fcinfo);
	DnRule		rule;
	bool		late;
	Numeric		interest;

	if (dunning_null_among(fcinfo, 4))
		PG_RETURN_NULL();
	amount = PG_GETARG_VARLENA_PP(0);
	dunning_read_rule(PG_GETARG_DATUM(3), &rule);
	interest = amount_interest(&rule, amount, due_on, as_of);
	late = dn_lateness(&rule, due_on, as_of) == DN_LATE_YES;
	PG_RETURN_DATUM(penalty_row(fcinfo, interest, dunning_amount_compensation(&rule, amount, late, professional),
								dunning_amount_fees(&rule, amount, due_on, as_of, late, professional, NULL)));
}

Datum
dunning_late_penalty_history(PG_FUNCTION_ARGS)
{
	DunningDebt debt;
	int32		late_on;
	bool		late;
	Numeric		interest;

	if (dunning_null_among(fcinfo, 4))
		PG_RETURN_NULL();
	dated_debt(fcinfo, &debt);
	interest = dunning_history_interest(&debt);
	late = dn_lateness(&debt.rule, debt.due_on, debt.as_of) == DN_LATE_YES;
	PG_RETURN_DATUM(penalty_row(fcinfo, interest,
								late ? dunning_compensation(&debt.rule, dunning_late_measure(&debt, &late_on), debt.professional) :
								dunning_short_numeric(0, DN_FEE_SCALE),
								dunning_late_fees(&debt, late, NULL)));
}

static Datum
problem_result(FunctionCallInfo fcinfo, const DnRule *rule, DnLate late, int32 missing)
{
	char	   *problem = dunning_late_problem(rule, late, missing);

	if (problem == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(problem));
}

/*
 * penalty_problem(due_on, as_of, rule): what late_interest would raise, or
 * NULL; so that a list of items survives the one that cannot be computed.
 */
Datum
dunning_penalty_problem(PG_FUNCTION_ARGS)
{
	DnRule		rule;
	DnLate		late;
	int64		sum;
	int32		missing = 0;

	dunning_read_rule(PG_GETARG_DATUM(2), &rule);
	late = dn_late(&rule, PG_GETARG_DATEADT(0), PG_GETARG_DATEADT(1), &sum, &missing);
	return problem_result(fcinfo, &rule, late, missing);
}

/* penalty_problem(history, due_on, as_of, rule, professional): a gap matters only on a day that bears interest */
Datum
dunning_penalty_problem_history(PG_FUNCTION_ARGS)
{
	DunningDebt debt;
	DnLate		late;
	int64		sum;
	int32		missing = 0;

	dated_debt(fcinfo, &debt);
	late = dn_late(&debt.rule, debt.due_on, debt.as_of, &sum, &missing);
	if (late == DN_LATE_NO_RATE)
	{
		int32		first = DN_DAY_NEVER;
		DunningVisitor visitor = {.missing = &first};

		dunning_accrue(&debt, true, &visitor);
		if (first == DN_DAY_NEVER)
			late = DN_LATE_YES;
		missing = first;
	}
	return problem_result(fcinfo, &debt.rule, late, missing);
}

/* The same functions with a rule that is text. */
extern Datum dunning_explain_penalty(PG_FUNCTION_ARGS);
extern Datum dunning_explain_penalty_history(PG_FUNCTION_ARGS);

DUNNING_TEXT_FUNCTION(penalty_rule, dunning_late_interest, 3);
DUNNING_TEXT_FUNCTION(penalty_rule, dunning_late_interest_history, 3);
DUNNING_TEXT_FUNCTION(penalty_rule, dunning_late_compensation, 3);
DUNNING_TEXT_FUNCTION(penalty_rule, dunning_late_compensation_history, 3);
DUNNING_TEXT_FUNCTION(penalty_rule, dunning_late_penalty, 3);
DUNNING_TEXT_FUNCTION(penalty_rule, dunning_late_penalty_history, 3);
DUNNING_TEXT_FUNCTION(penalty_rule, dunning_explain_penalty, 3);
DUNNING_TEXT_FUNCTION(penalty_rule, dunning_explain_penalty_history, 3);
