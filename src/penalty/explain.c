/*
 * penalty/explain.c: the walk over the days of interest as rows.
 */
#include "penalty/exact.h"
#include "penalty/interest.h"

#include "balance/history.h"
#include "core/days.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "money.h"
#include "penalty/rates.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

PG_FUNCTION_INFO_V1(dunning_explain_penalty);
PG_FUNCTION_INFO_V1(dunning_explain_penalty_history);
PG_FUNCTION_INFO_V1(dunning_paid_off);

/* The columns of explain_penalty. */
enum
{
	SEGMENT, KIND, FROM_DAY, TO_DAY, DAYS, RATE, BASIS, PRINCIPAL, INTEREST, CARRIED, AMOUNT, REASON, COLUMNS
};

typedef struct Rows
{
	const DunningDebt *debt;
	ReturnSetInfo *rsinfo;
	int			n;
} Rows;

/* A row under construction: what is not set is NULL. */
typedef struct Row
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];
} Row;

static char *
numeric_text(Numeric v)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(v)));
}

/* A number as a person reads it: no zeros at the end. */
static char *
short_text(Numeric v)
{
	return numeric_text(DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(v))));
}

static void
append_day(StringInfo buf, DateADT day)
{
	struct pg_tm tm;
	char		text[MAXDATELEN + 1];

	j2date(day + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	EncodeDateOnly(&tm, USE_ISO_DATES, text);
	appendStringInfoString(buf, text);
}

static void
begin_row(Row *row, Rows *rows, const char *kind)
{
	memset(row->nulls, true, sizeof(row->nulls));
	memset(row->values, 0, sizeof(row->values));
	row->values[SEGMENT] = Int32GetDatum(++rows->n);
	row->values[KIND] = CStringGetTextDatum(kind);
	row->nulls[SEGMENT] = row->nulls[KIND] = false;
}

static void
set(Row *row, int column, Datum value)
{
	row->values[column] = value;
	row->nulls[column] = false;
}

/* A number of the row, with the sign of the debt. */
static void
set_signed(Row *row, const Rows *rows, int column, Numeric v)
{
	set(row, column, NumericGetDatum(rows->debt->negative ? exact_neg(v) : v));
}

static void
put_row(Row *row, const Rows *rows, const char *reason)
{
	set(row, REASON, CStringGetTextDatum(reason));
	tuplestore_putvalues(rows->rsinfo->setResult, rows->rsinfo->setDesc, row->values, row->nulls);
}

/* Which part of a year a segment is: "61/365 of a year". */
static void
append_weight(StringInfo buf, const DnClauses *t, const DnSpan *span)
{
	int64		parts = dn_daycount_year(t->day_count);
	int64		weight = span->weight;

	if (t->day_count == DN_ACT_ACT)
	{
		parts = dn_leap_year(dn_year_of(span->from)) ? 366 : 365;
		weight = (int64) span->to - span->from + 1;
	}
	appendStringInfo(buf, INT64_FORMAT "/" INT64_FORMAT " of a year", weight, parts);
}

/* Why the segment begins, and how long it is. */
static char *
reason_of(const Rows *rows, const DunningSegment *s)
{
	const DnRule *rule = &rows->debt->rule;
	const DnRates *r = &rule->rates;
	StringInfoData buf;
	const char *between = "";

	initStringInfo(&buf);
	if (s->since & DUNNING_SINCE_START)
	{
		appendStringInfoString(&buf, "late from the day after ");
		append_day(&buf, s->span.from - 1);
		between = ", ";
	}
	if (s->since & DUNNING_SINCE_MOVEMENT && !(s->since & DUNNING_SINCE_START))
	{
		appendStringInfoString(&buf, "after a movement of the balance");
		between = ", ";
	}
	if (s->since & DUNNING_SINCE_ADDED)
	{
		appendStringInfo(&buf, "%sinterest so far was added to what bears interest", between);
		between = ", ";
	}
	if (s->since & DUNNING_SINCE_RATE)
	{
		appendStringInfo(&buf, "%sthe rate changed", between);
		between = ", ";
	}
	if (s->since & DUNNING_SINCE_YEAR)
	{
		appendStringInfo(&buf, "%sthe year has %d days", between,
						 dn_leap_year(dn_year_of(s->span.from)) ? 366 : 365);
		between = ", ";
	}
	appendStringInfo(&buf, "%s%s%% ", buf.len > 0 ? ": " : "",
					 short_text(dunning_short_numeric(s->span.rate, DN_RATE_SCALE)));
	if (r->name_len > 0)
		appendStringInfo(&buf, "(%.*s) ", (int) r->name_len, r->name);
	append_weight(&buf, rule->terms, &s->span);
	return buf.data;
}

static void
show_segment(void *arg, const DunningSegment *s)
{
	Rows	   *rows = arg;
	Row			row;

	begin_row(&row, rows, "interest");
	set(&row, FROM_DAY, DateADTGetDatum(s->span.from));
	set(&row, TO_DAY, DateADTGetDatum(s->span.to));
	set(&row, DAYS, Int32GetDatum(s->span.to - s->span.from + 1));
	set(&row, RATE, NumericGetDatum(dunning_short_numeric(s->span.rate, DN_RATE_SCALE)));
	set(&row, BASIS, CStringGetTextDatum(dn_daycount_name(rows->debt->rule.terms->day_count)));
	set_signed(&row, rows, PRINCIPAL, s->base);
	set_signed(&row, rows, INTEREST, s->interest);
	set_signed(&row, rows, CARRIED, s->carried);
	set_signed(&row, rows, AMOUNT, s->amount);
	put_row(&row, rows, reason_of(rows, s));
}

/* What "least" or "most" takes away from the interest. */
static void
show_charge(Rows *rows, Numeric interest)
{
	const DunningDebt *debt = rows->debt;
	const DnClauses *t = debt->rule.terms;
	Numeric		charged = dunning_charge(debt, interest);
	bool		none;
	Row			row;
	char	   *reason;

	if (exact_cmp(charged, interest) == 0)
		return;
	none = t->least > 0 && exact_cmp(exact_abs(interest), exact_fee(t->least, 2)) < 0;
	begin_row(&row, rows, none ? "least" : "most");
	set(&row, FROM_DAY, DateADTGetDatum(debt->due_on + 1));
	set(&row, TO_DAY, DateADTGetDatum(debt->as_of));
	set_signed(&row, rows, AMOUNT, exact_sub(charged, interest));
	if (none)
		reason = psprintf("interest of %s is below %s and not charged",
						  numeric_text(interest), numeric_text(exact_fee(t->least, 2)));
	else if (t->most > 0)
		reason = psprintf("interest of %s is more than %s, the most of the rule",
						  numeric_text(interest), numeric_text(charged));
	else
		reason = psprintf("interest of %s is more than %s, which is %s%% of the debt",
						  numeric_text(interest), numeric_text(charged),
						  short_text(dunning_short_numeric(t->most_percent, DN_RATE_SCALE)));
	put_row(&row, rows, reason);
}

static void
show_compensation(Rows *rows)
{
	const DunningDebt *debt = rows->debt;
	Numeric		measure = dunning_measure(debt);
	Numeric		compensation = dunning_compensation(&debt->rule, measure, debt->professional);
	Row			row;

	if (exact_sign(compensation) == 0)
		return;
	begin_row(&row, rows, "compensation");
	set(&row, FROM_DAY, DateADTGetDatum(dn_day_add(debt->due_on, (int64) debt->rule.terms->grace + 1)));
	set(&row, PRINCIPAL, NumericGetDatum(measure));
	set(&row, AMOUNT, NumericGetDatum(compensation));
	put_row(&row, rows, psprintf("a debt of %s paid late: %s", numeric_text(measure),
								 dunning_print(dn_print_scale, &debt->rule)));
}

/* All rows of a debt; their amounts add up to late_penalty().total. */
static void
explain(FunctionCallInfo fcinfo, const DunningDebt *debt)
{
	Rows		rows = {debt, (ReturnSetInfo *) fcinfo->resultinfo, 0};
	DunningVisitor visitor = {show_segment, NULL, &rows, NULL};

	if (!dunning_is_late(&debt->rule, debt->due_on, debt->as_of))
		return;
	show_charge(&rows, dunning_accrue(debt, true, &visitor));
	show_compensation(&rows);
}

/* explain_penalty(amount, due_on, as_of, rule, professional) */
Datum
dunning_explain_penalty(PG_FUNCTION_ARGS)
{
	DunningDebt debt;
	DnLate		late;
	int64		sum;
	int32		missing = 0;

	InitMaterializedSRF(fcinfo, 0);
	debt.due_on = PG_GETARG_DATEADT(1);
	debt.as_of = PG_GETARG_DATEADT(2);
	dunning_read_rule(PG_GETARG_DATUM(3), &debt.rule);
	debt.professional = PG_GETARG_BOOL(4);
	dunning_debt_of_amount(&debt, PG_GETARG_NUMERIC(0));

	/* as late_interest does, also where an amount of zero needs no rate */
	late = dn_late(&debt.rule, debt.due_on, debt.as_of, &sum, &missing);
	dunning_raise_late(&debt.rule, debt.due_on, debt.as_of, late, missing);
	explain(fcinfo, &debt);
	return (Datum) 0;
}

static void
dated_debt(FunctionCallInfo fcinfo, DunningDebt *debt)
{
	debt->dated = true;
	dunning_read_history(PG_GETARG_DATUM(0), &debt->history);
	debt->due_on = PG_GETARG_DATEADT(1);
	debt->as_of = PG_GETARG_DATEADT(2);
	dunning_read_rule(PG_GETARG_DATUM(3), &debt->rule);
	debt->professional = PG_GETARG_BOOL(4);
	debt->amount = NULL;
	debt->negative = false;
}

/* explain_penalty(history, due_on, as_of, rule, professional) */
Datum
dunning_explain_penalty_history(PG_FUNCTION_ARGS)
{
	DunningDebt debt;

	InitMaterializedSRF(fcinfo, 0);
	dated_debt(fcinfo, &debt);
	explain(fcinfo, &debt);
	return (Datum) 0;
}

static void
show_payment(void *arg, const DunningPaid *paid)
{
	ReturnSetInfo *rsinfo = ((Rows *) arg)->rsinfo;
	Datum		values[6];
	bool		nulls[6] = {false};

	values[0] = DateADTGetDatum(paid->on_day);
	values[1] = NumericGetDatum(paid->amount);
	values[2] = NumericGetDatum(paid->costs);
	values[3] = NumericGetDatum(paid->interest);
	values[4] = NumericGetDatum(paid->principal);
	values[5] = NumericGetDatum(paid->unassigned);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* paid_off(history, due_on, as_of, rule, professional): a row a payment */
Datum
dunning_paid_off(PG_FUNCTION_ARGS)
{
	DunningDebt debt;
	Rows		rows = {&debt, (ReturnSetInfo *) fcinfo->resultinfo, 0};
	DunningVisitor visitor = {NULL, show_payment, &rows, NULL};

	InitMaterializedSRF(fcinfo, 0);
	dated_debt(fcinfo, &debt);
	dunning_accrue(&debt, dunning_is_late(&debt.rule, debt.due_on, debt.as_of), &visitor);
	return (Datum) 0;
}
