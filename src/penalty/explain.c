/*
 * penalty/explain.c: the walk over the days of interest as rows.
 */
#include "penalty/interest.h"

#include "balance/history.h"
#include "core/days.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "number.h"
#include "penalty/rates.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(dunning_explain_penalty);
PG_FUNCTION_INFO_V1(dunning_explain_penalty_history);
PG_FUNCTION_INFO_V1(dunning_explain_payments);

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

/* A number as a person reads it: no zeros at the end. */
static char *
short_text(Numeric v)
{
	return dunning_number_text(DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(v))));
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
	set(row, column, NumericGetDatum(rows->debt->negative ? number_neg(v) : v));
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
		appendStringInfoString(&buf, dunning_day_text(s->span.from - 1));
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
	if (s->since & DUNNING_SINCE_PAUSE)
	{
		appendStringInfo(&buf, "%swhat is on hold and bears no interest changed", between);
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
	if (s->span.to == dn_interest_end(rule, rows->debt->due_on) && s->span.to < rows->debt->as_of)
		appendStringInfo(&buf, ", where interest ends: at most %s", dunning_print(dn_print_end, rule->terms));
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

	if (number_cmp(charged, interest) == 0)
		return;
	none = t->least > 0 && number_cmp(number_abs(interest), dunning_least_numeric(t->least, DN_FEE_SCALE, 2)) < 0;
	begin_row(&row, rows, none ? "least" : "most");
	set(&row, FROM_DAY, DateADTGetDatum(debt->due_on + 1));
	set(&row, TO_DAY, DateADTGetDatum(dn_upto(&debt->rule, debt->due_on, debt->as_of)));
	set_signed(&row, rows, AMOUNT, number_sub(charged, interest));
	if (none)
		reason = psprintf("interest of %s is below %s and not charged",
						  dunning_number_text(interest), dunning_number_text(dunning_least_numeric(t->least, DN_FEE_SCALE, 2)));
	else if (t->most > 0)
		reason = psprintf("interest of %s is more than %s, the most of the rule",
						  dunning_number_text(interest), dunning_number_text(charged));
	else
		reason = psprintf("interest of %s is more than %s, which is %s%% of the debt",
						  dunning_number_text(interest), dunning_number_text(charged),
						  short_text(dunning_short_numeric(t->most_percent, DN_RATE_SCALE)));
	put_row(&row, rows, reason);
}

static void
show_compensation(Rows *rows)
{
	const DunningDebt *debt = rows->debt;
	int32		late_on;
	Numeric		measure = dunning_late_measure(debt, &late_on);
	Numeric		compensation = dunning_compensation(&debt->rule, measure, debt->professional);
	Row			row;

	if (number_sign(compensation) == 0)
		return;
	begin_row(&row, rows, "compensation");
	set(&row, FROM_DAY, DateADTGetDatum(late_on));
	set(&row, PRINCIPAL, NumericGetDatum(measure));
	set(&row, AMOUNT, NumericGetDatum(compensation));
	put_row(&row, rows, psprintf("a debt of %s paid late: %s", dunning_number_text(measure),
								 dunning_print(dn_print_scale, &debt->rule)));
}

/* A late fee, with the period that it is for. */
static void
show_fee(void *arg, const DunningLateFee *f)
{
	Rows	   *rows = arg;
	StringInfoData buf;
	Row			row;

	begin_row(&row, rows, "late_fee");
	set(&row, FROM_DAY, DateADTGetDatum(f->event.from));
	if (f->event.to != DN_DAY_NEVER)
	{
		set(&row, TO_DAY, DateADTGetDatum(f->event.to));
		set(&row, DAYS, Int32GetDatum(f->event.to - f->event.from + 1));
	}
	if (f->fee->percent != 0)
		set(&row, RATE, NumericGetDatum(dunning_short_numeric(f->fee->percent, DN_RATE_SCALE)));
	set(&row, PRINCIPAL, NumericGetDatum(f->base));
	set(&row, AMOUNT, NumericGetDatum(f->amount));
	initStringInfo(&buf);
	if (f->event.to != DN_DAY_NEVER)
		appendStringInfo(&buf, "period %d: ", f->event.period);
	appendStringInfo(&buf, "fee %s%s", dunning_print(dn_print_late_fee, f->fee), f->cut ? ", the rest of which is beyond its limit" : "");
	put_row(&row, rows, buf.data);
}

/* All rows of a debt; their amounts add up to late_penalty().total. */
static void
explain(FunctionCallInfo fcinfo, const DunningDebt *debt)
{
	Rows		rows = {debt, (ReturnSetInfo *) fcinfo->resultinfo, 0};
	DunningVisitor visitor = {.segment = show_segment, .arg = &rows};

	if (!dunning_is_late(&debt->rule, debt->due_on, debt->as_of))
		return;
	show_charge(&rows, dunning_accrue(debt, true, &visitor));
	show_compensation(&rows);
	if (debt->rule.terms->n_fees > 0)
	{
		DunningVisitor fees = {.fee = show_fee, .arg = &rows};

		dunning_visit_fees(debt, &fees);
	}
}

/* explain_penalty(amount, due_on, as_of, rule, professional) */
Datum
dunning_explain_penalty(PG_FUNCTION_ARGS)
{
	DunningDebt debt = {.currency = NULL};
	DnLate		late;
	int64		sum;
	int32		missing = 0;

	InitMaterializedSRF(fcinfo, 0);
	if (dunning_null_among(fcinfo, 4))
		return (Datum) 0;
	debt.due_on = PG_GETARG_DATEADT(1);
	debt.as_of = PG_GETARG_DATEADT(2);
	dunning_read_rule(PG_GETARG_DATUM(3), &debt.rule);
	debt.professional = PG_ARGISNULL(4) || PG_GETARG_BOOL(4);
	dunning_debt_of_amount(&debt, PG_GETARG_NUMERIC(0));

	/* as late_interest does, also where an amount of zero needs no rate */
	late = dn_late(&debt.rule, debt.due_on, debt.as_of, &sum, &missing);
	dunning_raise_late(&debt.rule, debt.due_on, debt.as_of, late, missing);
	explain(fcinfo, &debt);
	return (Datum) 0;
}

/* The arguments as a debt and its whole history; gives back what dunning_undo_returns does. */
static int32 *
dated_debt(FunctionCallInfo fcinfo, DunningDebt *debt, DnHistory *whole)
{
	debt->dated = true;
	debt->due_on = PG_GETARG_DATEADT(1);
	debt->as_of = PG_GETARG_DATEADT(2);
	dunning_read_history(PG_GETARG_DATUM(0), whole);
	debt->history = *whole;
	dunning_read_rule(PG_GETARG_DATUM(3), &debt->rule);
	debt->professional = PG_ARGISNULL(4) || PG_GETARG_BOOL(4);
	debt->paused = NULL;
	debt->amount = NULL;
	debt->negative = false;
	debt->currency = NULL;
	return dunning_undo_returns(&debt->history, debt->as_of);
}

/* explain_penalty(history, due_on, as_of, rule, professional [, paused]) */
Datum
dunning_explain_penalty_history(PG_FUNCTION_ARGS)
{
	DunningDebt debt;
	DnHistory	whole,
				paused;

	InitMaterializedSRF(fcinfo, 0);
	if (dunning_null_among(fcinfo, 4))
		return (Datum) 0;
	dated_debt(fcinfo, &debt, &whole);
	if (PG_NARGS() > 5 && !PG_ARGISNULL(5))
	{
		dunning_read_history(PG_GETARG_DATUM(5), &paused);
		debt.paused = &paused;
	}
	explain(fcinfo, &debt);
	return (Datum) 0;
}

/* The rows of explain_payments, which later movements of the debt still change. */
typedef struct Payments
{
	DunningPaid *paid;
	int			n;
	int			credit;			/* none before it has any left */
	MemoryContext keep;
} Payments;

static Numeric
kept(const Payments *p, Numeric v)
{
	Numeric		copy = MemoryContextAlloc(p->keep, VARSIZE(v));

	memcpy(copy, v, VARSIZE(v));
	return copy;
}

static void
note_payment(void *arg, const DunningPaid *paid)
{
	Payments   *p = arg;
	DunningPaid *row = &p->paid[p->n++];
	int			i;

	*row = *paid;
	row->amount = kept(p, paid->amount);
	for (i = 0; i < DUNNING_PARTS; i++)
		row->part[i] = kept(p, paid->part[i]);
}

/* Shifts what can be of an amount within one payment; gives back the rest. */
static Numeric
shift_within(const Payments *p, DunningPaid *row, DunningPart from, DunningPart to, Numeric left)
{
	Numeric		v = number_min(left, row->part[from]);

	CHECK_FOR_INTERRUPTS();
	if (number_sign(v) > 0)
	{
		row->part[from] = kept(p, number_sub(row->part[from], v));
		row->part[to] = kept(p, number_add(row->part[to], v));
		left = number_sub(left, v);
	}
	return left;
}

/* A credit is used from the oldest payment on, anything else taken back from the latest. */
static void
note_shift(void *arg, DunningPart from, DunningPart to, Numeric amount)
{
	Payments   *p = arg;
	int			i;

	if (from == DUNNING_CREDIT)
		for (; p->credit < p->n; p->credit++)
		{
			amount = shift_within(p, &p->paid[p->credit], from, to, amount);
			if (number_sign(amount) == 0)
				break;
		}
	else
		for (i = p->n; i-- > 0 && number_sign(amount) > 0;)
			amount = shift_within(p, &p->paid[i], from, to, amount);
}

static void
put_payment(ReturnSetInfo *rsinfo, const DunningPaid *paid)
{
	Datum		values[2 + DUNNING_PARTS];
	bool		nulls[2 + DUNNING_PARTS] = {false};
	int			i;

	values[0] = DateADTGetDatum(paid->on_day);
	values[1] = NumericGetDatum(paid->amount);
	for (i = 0; i < DUNNING_PARTS; i++)
		values[2 + i] = NumericGetDatum(paid->part[i]);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* A payment that came back as a whole. */
static void
put_returned(ReturnSetInfo *rsinfo, const DnHistory *h, int i)
{
	Numeric		amount = number_neg(dunning_shown_amount(h, dn_history_units(h, i)));
	Numeric		none = int64_to_numeric(0);
	DunningPaid paid = {h->day[i], amount, {none, none, none, none, amount}};

	put_payment(rsinfo, &paid);
}

/* explain_payments(history, due_on, as_of, rule, professional): a row a payment */
Datum
dunning_explain_payments(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	DunningDebt debt;
	DnHistory	whole;
	int32	   *partner;
	Payments	payments = {.keep = CurrentMemoryContext};
	DunningVisitor visitor = {.payment = note_payment, .shift = note_shift, .arg = &payments};
	int			next = 0;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	if (dunning_null_among(fcinfo, 4))
		return (Datum) 0;
	partner = dated_debt(fcinfo, &debt, &whole);
	payments.paid = palloc(whole.n * sizeof(DunningPaid));
	dunning_accrue(&debt, dunning_is_late(&debt.rule, debt.due_on, debt.as_of), &visitor);
	for (i = 0; i < whole.n && whole.day[i] <= debt.as_of; i++)
	{
		if (dn_history_units(&whole, i) >= 0)
			continue;
		if (partner != NULL && partner[i] >= 0)
			put_returned(rsinfo, &whole, i);
		else
			put_payment(rsinfo, &payments.paid[next++]);
	}
	return (Datum) 0;
}
