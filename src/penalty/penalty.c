/*
 * penalty/penalty.c: penalty rules as SQL values, and the late interest and
 * compensation of a debt.
 */
#include "penalty/rates.h"

#include "access/htup_details.h"
#include "core/days.h"
#include "core/penalty.h"
#include "funcapi.h"
#include "money.h"
#include "utils/builtins.h"
#include "utils/date.h"

PG_FUNCTION_INFO_V1(dunning_penalty_rule_in);
PG_FUNCTION_INFO_V1(dunning_penalty_rule_out);
PG_FUNCTION_INFO_V1(dunning_penalty_rule_recv);
PG_FUNCTION_INFO_V1(dunning_penalty_rule_send);
PG_FUNCTION_INFO_V1(dunning_rule_rates);
PG_FUNCTION_INFO_V1(dunning_rule_terms);
PG_FUNCTION_INFO_V1(dunning_late_interest);
PG_FUNCTION_INFO_V1(dunning_late_compensation);
PG_FUNCTION_INFO_V1(dunning_late_penalty);
PG_FUNCTION_INFO_V1(dunning_penalty_problem);

#define RULE_TYPE "penalty_rule"

/* The arrays follow the fixed part: rate and cum (int64 each), from (int32), name. */
typedef struct StoredRule
{
	DunningValue head;
	uint8		decimals;
	uint8		name_len;
	int32		n;
	int32		until;
	int32		grace;
	char		currency[4];
	int64		compensation;
	int64		rate[FLEXIBLE_ARRAY_MEMBER];
} StoredRule;

#define STORED_SIZE(n, name_len) \
	(offsetof(StoredRule, rate) + (Size) (n) * (2 * sizeof(int64) + sizeof(int32)) + (name_len))

/* Points a core rule at the bytes of a stored value, after checking them. */
static void
read_rule(Datum datum, DnRule *rule)
{
	StoredRule *v = (StoredRule *) PG_DETOAST_DATUM(datum);

	dunning_check_value(v, offsetof(StoredRule, rate), RULE_TYPE);
	if (v->n < 1 || v->n > DN_RATES_MAX || VARSIZE(v) != STORED_SIZE(v->n, v->name_len))
		dunning_bad_value(RULE_TYPE);
	rule->rates.n = v->n;
	rule->rates.until = v->until;
	rule->rates.rate = v->rate;
	rule->cum = v->rate + v->n;
	rule->rates.from = (const int32 *) (rule->cum + v->n);
	rule->rates.name = (const char *) (rule->rates.from + v->n);
	rule->rates.name_len = v->name_len;
	rule->compensation = v->compensation;
	memcpy(rule->currency, v->currency, sizeof(rule->currency));
	rule->grace = v->grace;
	rule->decimals = v->decimals;
}

static Datum
store_rule(const DnRule *rule)
{
	const DnRates *r = &rule->rates;
	Size		size = STORED_SIZE(r->n, r->name_len);
	StoredRule *v = palloc0(size);
	int64	   *cum;
	int32	   *from;

	SET_VARSIZE(v, size);
	v->head.version = DUNNING_VALUE_VERSION;
	v->decimals = (uint8) rule->decimals;
	v->name_len = (uint8) r->name_len;
	v->n = r->n;
	v->until = r->until;
	v->grace = rule->grace;
	memcpy(v->currency, rule->currency, sizeof(v->currency));
	v->compensation = rule->compensation;
	cum = v->rate + r->n;
	from = (int32 *) (cum + r->n);
	memcpy(v->rate, r->rate, r->n * sizeof(int64));
	memcpy(cum, rule->cum, r->n * sizeof(int64));
	memcpy(from, r->from, r->n * sizeof(int32));
	if (r->name_len > 0)
		memcpy(from + r->n, r->name, r->name_len);
	return PointerGetDatum(v);
}

/* The one way in, for text and binary input. */
static Datum
parse_rule(FunctionCallInfo fcinfo, const char *text, size_t len)
{
	DnRuleRoom *room = palloc(sizeof(DnRuleRoom));
	DnRule		rule;
	DnError		err;

	if (!dn_parse_rule(text, len, room, &rule, &err))
	{
		dunning_parse_error(fcinfo->context, RULE_TYPE, text, len, &err);
		PG_RETURN_NULL();
	}
	return store_rule(&rule);
}

static char *
rule_text(Datum datum)
{
	DnRule		rule;

	read_rule(datum, &rule);
	return dunning_print(dn_print_rule, &rule);
}

Datum
dunning_penalty_rule_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);

	return parse_rule(fcinfo, text, strlen(text));
}

Datum
dunning_penalty_rule_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(rule_text(PG_GETARG_DATUM(0)));
}

Datum
dunning_penalty_rule_recv(PG_FUNCTION_ARGS)
{
	int			len;
	char	   *text = dunning_recv_text((StringInfo) PG_GETARG_POINTER(0), RULE_TYPE, &len);

	return parse_rule(fcinfo, text, len);
}

Datum
dunning_penalty_rule_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(dunning_send_text(rule_text(PG_GETARG_DATUM(0))));
}

/* rate_history(rule): the rates of a rule without its terms */
Datum
dunning_rule_rates(PG_FUNCTION_ARGS)
{
	DnRule		rule;

	read_rule(PG_GETARG_DATUM(0), &rule);
	if (rule.rates.from[0] == DN_DAY_EVER)
		PG_RETURN_NULL();
	return dunning_store_rates(&rule.rates);
}

/* penalty_terms(rule): what a rule says besides its rates */
Datum
dunning_rule_terms(PG_FUNCTION_ARGS)
{
	TupleDesc	desc = dunning_result_desc(fcinfo);
	DnRule		rule;
	Datum		values[6];
	bool		nulls[6] = {false};

	read_rule(PG_GETARG_DATUM(0), &rule);
	nulls[0] = rule.rates.from[0] != DN_DAY_EVER;
	values[0] = NumericGetDatum(dunning_short_numeric(rule.rates.rate[0], DN_RATE_SCALE));
	values[1] = CStringGetTextDatum("act/365");
	nulls[2] = nulls[3] = rule.compensation == 0;
	values[2] = NumericGetDatum(dunning_short_numeric(rule.compensation, DN_FEE_SCALE));
	values[3] = CStringGetTextDatum(rule.currency);
	values[4] = Int32GetDatum(rule.grace);
	values[5] = Int32GetDatum(rule.decimals);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}

/* Whether the debt is late; raises what a rule cannot answer. */
static bool
late(const DnRule *rule, DateADT due_on, DateADT as_of, int64 *sum)
{
	int32		missing;

	switch (dn_late(rule, due_on, as_of, sum, &missing))
	{
		case DN_LATE_NOT:
			return false;
		case DN_LATE_YES:
			return true;
		case DN_LATE_NO_RATE:
			dunning_no_rate(&rule->rates, missing);
			break;
		case DN_LATE_ENDLESS:
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("no interest for an infinite number of days"),
					 errdetail("The due date or the day of the computation is infinite.")));
			break;
	}
	return false;
}

/*
 * amount * sum / divisor rounded half away from zero, for any numeric: whole
 * numbers all the way, so that nothing is rounded twice.
 */
static Numeric
interest_numeric(Numeric amount, int64 sum, int decimals)
{
	const int64 divisor = DN_ACT365_DIVISOR;
	int64		unit = 1;
	Datum		v;
	Datum		half;
	int			i;

	for (i = 0; i < decimals; i++)
		unit *= 10;
	v = DirectFunctionCall2(numeric_mul, NumericGetDatum(amount), NumericGetDatum(int64_to_numeric(sum)));
	if (numeric_is_nan(DatumGetNumeric(v)) || numeric_is_inf(DatumGetNumeric(v)))
		return DatumGetNumeric(v);
	v = DirectFunctionCall2(numeric_mul, v, NumericGetDatum(int64_to_numeric(unit)));
	half = NumericGetDatum(int64_to_numeric(divisor / 2));
	if (DatumGetBool(DirectFunctionCall2(numeric_lt, v, NumericGetDatum(int64_to_numeric(0)))))
		half = DirectFunctionCall1(numeric_uminus, half);
	v = DirectFunctionCall2(numeric_add, v, half);
	v = DirectFunctionCall2(numeric_div_trunc, v, NumericGetDatum(int64_to_numeric(divisor)));
	return DatumGetNumeric(DirectFunctionCall2(numeric_mul, v,
											   NumericGetDatum(int64_div_fast_to_numeric(1, decimals))));
}

static Numeric
interest_of(struct varlena *amount, int64 sum, int decimals)
{
	int64		units;
	int64		result;
	int			dscale;

	if (dunning_money_read(amount, &units, &dscale) &&
		dn_interest(units, sum, decimals, &result))
		return int64_div_fast_to_numeric(result, decimals);
	return interest_numeric(DatumGetNumeric(PointerGetDatum(amount)), sum, decimals);
}

/* The compensation of a late debt: nothing for a credit or a zero. */
static Numeric
compensation_of(const DnRule *rule, struct varlena *amount, bool is_late)
{
	int64		units;
	int			dscale;
	bool		owed;

	if (dunning_money_read(amount, &units, &dscale))
		owed = units > 0;
	else
		owed = DatumGetBool(DirectFunctionCall2(numeric_gt,
												NumericGetDatum(DatumGetNumeric(PointerGetDatum(amount))),
												NumericGetDatum(int64_to_numeric(0))));
	return dunning_short_numeric(is_late && owed ? rule->compensation : 0, DN_FEE_SCALE);
}

/* late_interest(amount, due_on, as_of, rule): see the SQL comment */
Datum
dunning_late_interest(PG_FUNCTION_ARGS)
{
	struct varlena *amount = PG_GETARG_VARLENA_PP(0);
	DnRule		rule;
	int64		sum;

	read_rule(PG_GETARG_DATUM(3), &rule);
	if (!late(&rule, PG_GETARG_DATEADT(1), PG_GETARG_DATEADT(2), &sum))
		PG_RETURN_NUMERIC(int64_div_fast_to_numeric(0, rule.decimals));
	PG_RETURN_NUMERIC(interest_of(amount, sum, rule.decimals));
}

Datum
dunning_late_compensation(PG_FUNCTION_ARGS)
{
	struct varlena *amount = PG_GETARG_VARLENA_PP(0);
	DnRule		rule;
	int64		sum;
	int32		missing;

	/* the compensation is owed whether or not the rate is known */
	read_rule(PG_GETARG_DATUM(3), &rule);
	PG_RETURN_NUMERIC(compensation_of(&rule, amount,
									  dn_late(&rule, PG_GETARG_DATEADT(1), PG_GETARG_DATEADT(2),
											  &sum, &missing) != DN_LATE_NOT));
}

Datum
dunning_late_penalty(PG_FUNCTION_ARGS)
{
	TupleDesc	desc = dunning_result_desc(fcinfo);
	struct varlena *amount = PG_GETARG_VARLENA_PP(0);
	DnRule		rule;
	bool		is_late;
	int64		sum = 0;
	Datum		values[3];
	bool		nulls[3] = {false};

	read_rule(PG_GETARG_DATUM(3), &rule);
	is_late = late(&rule, PG_GETARG_DATEADT(1), PG_GETARG_DATEADT(2), &sum);
	values[0] = NumericGetDatum(is_late ? interest_of(amount, sum, rule.decimals) :
								int64_div_fast_to_numeric(0, rule.decimals));
	values[1] = NumericGetDatum(compensation_of(&rule, amount, is_late));
	values[2] = DirectFunctionCall2(numeric_add, values[0], values[1]);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}

/*
 * penalty_problem(due_on, as_of, rule): what late_interest would raise, or
 * NULL; so that a list of items survives the one that cannot be computed.
 */
Datum
dunning_penalty_problem(PG_FUNCTION_ARGS)
{
	DnRule		rule;
	int64		sum;
	int32		missing;

	read_rule(PG_GETARG_DATUM(2), &rule);
	switch (dn_late(&rule, PG_GETARG_DATEADT(0), PG_GETARG_DATEADT(1), &sum, &missing))
	{
		case DN_LATE_NO_RATE:
			PG_RETURN_TEXT_P(cstring_to_text(dunning_no_rate_message(&rule.rates, missing)));
		case DN_LATE_ENDLESS:
			PG_RETURN_TEXT_P(cstring_to_text("no interest for an infinite number of days"));
		default:
			PG_RETURN_NULL();
	}
}
