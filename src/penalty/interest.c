/*
 * penalty/interest.c: the walk over the days of interest of a debt.
 *
 * Amounts stay exact.  Interest of a segment is base * rate * weight / divisor;
 * so with k compoundings behind, what has accrued is a numerator over
 * divisor^(k + 1), and what was added to the base one over divisor^k.  Both
 * numerators are numerics, and division happens only where something is
 * rounded.  Where the rule rounds each segment or day, all are plain amounts
 * over 1.
 */
#include "penalty/interest.h"

#include "core/days.h"
#include "miscadmin.h"
#include "number.h"
#include "penalty/rates.h"
#include "utils/memutils.h"

/* Walk steps between two clearings of the short-lived memory. */
#define CLEAR_EVERY 64

typedef struct Walk
{
	const DunningDebt *debt;
	const DunningVisitor *visitor;	/* or NULL */
	MemoryContext keep;			/* of the numbers below */
	MemoryContext brief;		/* of all others */
	int			steps;
	int32		begin;			/* first day that bears interest */
	int32		end;			/* and the last one */
	bool		interest;		/* whether it is computed */
	Numeric		divisor;		/* of the day count */
	DnWide		balance;		/* of the movements so far */
	int32		item;			/* day of the first increase */
	Numeric		principal;		/* below zero: a credit */
	int			pauses;			/* changes of the paused amount so far */
	DnWide		paused_units;
	Numeric		paused;			/* of the base: what bears no interest now */
	int32		late_on;		/* first day on which the costs are owed */
	Numeric		added;			/* interest in the base and unpaid, over added_over */
	Numeric		added_over;
	Numeric		accrued;		/* interest, paid or not, over accrued_over */
	Numeric		accrued_over;
	Numeric		rounded;		/* what has accrued, rounded; for a visitor */
	Numeric		paid;			/* of the interest */
	Numeric		costs;			/* compensation and late fees, unpaid; asked for from the first day after the grace days */
	Numeric		all_costs;		/* the same, paid or not */
	bool		has_fees;
	DnFees		fees;
	Numeric		fee_base[DN_LATE_FEES_MAX];	/* of the period that has begun; NULL: it has no fee */
	Numeric		fee_sum[DN_LATE_FEES_MAX];	/* of each */
	Numeric		late_fees;		/* of all, paid or not */
	Numeric		original;		/* amount of the item */
	int32		open_since;		/* the day from whose end on there has been a principal that is not paused; DN_DAY_NEVER: there is none */
	int			since;
	int64		rate;			/* of the last segment */
	bool		leap;			/* whether it was in a leap year */
} Walk;

/* Takes an amount that is open all the time; its sign is put aside. */
void
dunning_debt_of_amount(DunningDebt *debt, Numeric amount)
{
	debt->dated = false;
	debt->paused = NULL;
	debt->negative = number_sign(amount) < 0;
	debt->amount = debt->negative ? number_neg(amount) : amount;
}

/* What is wrong with a lateness, in one line; NULL if nothing is. */
char *
dunning_late_problem(const DnRule *rule, DnLate late, int32 missing)
{
	switch (late)
	{
		case DN_LATE_NO_RATE:
			return dunning_no_rate_message(&rule->rates, missing, "rule");
		case DN_LATE_ENDLESS:
			return pstrdup("no interest for an infinite number of days");
		case DN_LATE_BEYOND:
			return psprintf("no interest for days outside the years %04d to %d",
							DN_YEAR_MIN, DN_YEAR_MAX);
		case DN_LATE_COMPOUNDED:
			return psprintf("interest cannot be compounded more than %d times", DN_COMPOUNDINGS_MAX);
		case DN_LATE_FEES:
			return psprintf("late fees cannot be computed for more than %d periods", DN_LATE_FEE_PERIODS_MAX);
		default:
			return NULL;
	}
}

/* Raises it; returns if nothing is wrong. */
void
dunning_raise_late(const DnRule *rule, DateADT due_on, DateADT as_of,
				   DnLate late, int32 missing)
{
	switch (late)
	{
		case DN_LATE_NO_RATE:
			dunning_no_rate(&rule->rates, missing, "rule");
			break;
		case DN_LATE_ENDLESS:
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg_internal("%s", dunning_late_problem(rule, late, missing)),
					 errdetail("The due date or the day of the computation is infinite.")));
			break;
		case DN_LATE_BEYOND:
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg_internal("%s", dunning_late_problem(rule, late, missing)),
					 errdetail("The first day of interest or the day of the computation lies outside them.")));
			break;
		case DN_LATE_COMPOUNDED:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg_internal("%s", dunning_late_problem(rule, late, missing)),
					 errdetail("By this rule it would be %d times.", dn_compoundings(rule, due_on, as_of))));
			break;
		case DN_LATE_FEES:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg_internal("%s", dunning_late_problem(rule, late, missing)),
					 errhint("Say in the rule how often the fee comes at most: fee ... at most 12 times.")));
			break;
		case DN_LATE_NOT:
		case DN_LATE_YES:
			break;
	}
}

/* Whether a debt is late by its days; raises what a rule cannot answer. */
bool
dunning_is_late(const DnRule *rule, DateADT due_on, DateADT as_of)
{
	DnLate		late = dn_lateness(rule, due_on, as_of);

	dunning_raise_late(rule, due_on, as_of, late, 0);
	return late == DN_LATE_YES;
}

static void
balance_out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("balance out of range"),
			 errdetail("The movements add up to more than 38 digits, decimals included.")));
}

/* The balance at the end of a day, in units of the history. */
static DnWide
balance_on(const DnHistory *h, int32 day)
{
	DnWide		sum = 0;
	int			i;

	for (i = 0; i < h->n && h->day[i] <= day; i++)
		if (__builtin_add_overflow(sum, dn_history_units(h, i), &sum))
			balance_out_of_range();
	return sum;
}

/* units of a history as it shows its amounts */
Numeric
dunning_shown_amount(const DnHistory *h, DnWide units)
{
	return dunning_shown_numeric(units, h->scale, h->dscale);
}

/*
 * The amount at which a debt is measured for a limit in percent: what was open
 * at the end of the last grace day.
 */
static Numeric
measure_of(const DunningDebt *debt)
{
	const DnHistory *h = &debt->history;

	if (!debt->dated)
		return debt->negative ? number_neg(debt->amount) : debt->amount;
	return dunning_shown_amount(h, balance_on(h, dn_day_add(debt->due_on, debt->rule.terms->grace)));
}

/*
 * The amount at which a debt is measured for its compensation, and the day from
 * which it is owed: what was open at the end of the last grace day.  What is
 * paused then is late once the pause is over; NULL if it is all of it, by as_of.
 */
Numeric
dunning_late_measure(const DunningDebt *debt, int32 *late_on)
{
	const DnHistory *h = &debt->history;
	const DnHistory *p = debt->paused;
	Numeric		left;
	int			i = 0;

	*late_on = dn_day_add(debt->due_on, (int64) debt->rule.terms->grace + 1);
	if (!debt->dated || p == NULL)
		return measure_of(debt);
	for (; *late_on <= debt->as_of; *late_on = p->day[i])
	{
		DnWide		open = balance_on(h, *late_on - 1);

		left = dunning_shown_amount(h, open);
		if (open <= 0)
			return left;
		left = number_sub(left, dunning_shown_amount(p, Max(balance_on(p, *late_on), 0)));
		if (number_sign(left) > 0)
			return left;
		while (i < p->n && p->day[i] <= *late_on)
			i++;
		if (i == p->n)
			break;
	}
	return int64_to_numeric(0);
}

/* An amount of a rule as money: with the decimals of the debt. */
static Numeric
as_money(int64 units, const DnClauses *t)
{
	return dunning_quotient(dunning_scaled_numeric(units, DN_FEE_SCALE), int64_to_numeric(1), t->decimals, t->half_even);
}

/*
 * What interest cannot exceed: NULL if the rule has no limit, or one in percent
 * of a debt that was nothing when it became late.
 */
static Numeric
most_of(const DunningDebt *debt)
{
	const DnClauses *t = debt->rule.terms;
	Numeric		measure;

	if (t->most > 0)
		return as_money(t->most, t);
	if (t->most_percent == 0)
		return NULL;
	measure = debt->dated ? measure_of(debt) : debt->amount;
	if (number_sign(measure) <= 0)
		return NULL;
	return dunning_quotient(number_mul(measure, dunning_scaled_numeric(t->most_percent, DN_RATE_SCALE + 2)),
							int64_to_numeric(1), t->decimals, t->half_even);
}

/* What is charged of the rounded interest of a debt: by "least" and "most". */
Numeric
dunning_charge(const DunningDebt *debt, Numeric interest)
{
	const DnClauses *t = debt->rule.terms;
	Numeric		most;

	if (t->least > 0 && number_cmp(number_abs(interest), dunning_wide_numeric(t->least, DN_FEE_SCALE)) < 0)
		return dunning_scaled_numeric(0, t->decimals);
	most = most_of(debt);
	return most != NULL ? number_min(interest, most) : interest;
}

/* Puts a number into its slot, in the memory that lasts. */
static void
hold(Walk *w, Numeric *slot, Numeric v)
{
	Numeric		copy = MemoryContextAlloc(w->keep, VARSIZE(v));

	memcpy(copy, v, VARSIZE(v));
	if (*slot != NULL)
		pfree(*slot);
	*slot = copy;
}

/* Between two steps nothing short-lived is in use. */
static void
step(Walk *w)
{
	CHECK_FOR_INTERRUPTS();
	if (++w->steps % CLEAR_EVERY == 0)
		MemoryContextReset(w->brief);
}

/* Tells the visitor of a segment whose exact interest is given as a quotient. */
static void
show_segment(Walk *w, const DnSpan *span, Numeric base, Numeric interest, Numeric over)
{
	const DnClauses *t = w->debt->rule.terms;
	DunningSegment s;
	Numeric		rounded;

	s.span = *span;
	s.since = w->since;
	s.base = number_sign(w->added) == 0 && number_sign(w->paused) == 0 ? w->principal :
		dunning_quotient(base, w->added_over, DUNNING_SHOWN, t->half_even);
	s.interest = dunning_quotient(interest, over, DUNNING_SHOWN, t->half_even);
	rounded = dunning_quotient(w->accrued, w->accrued_over, t->decimals, t->half_even);
	s.amount = number_sub(rounded, w->rounded);
	s.carried = dunning_quotient(number_sub(w->accrued, number_mul(rounded, w->accrued_over)),
								 w->accrued_over, DUNNING_SHOWN, t->half_even);
	hold(w, &w->rounded, rounded);
	w->visitor->segment(w->visitor->arg, &s);
}

/* What bears interest, over added_over: the principal and the interest added, less what is paused. */
static Numeric
base_of(const Walk *w)
{
	Numeric		base = number_add(number_mul(w->principal, w->added_over), w->added);

	if (number_sign(w->paused) > 0)
		base = number_sub(base, number_mul(w->paused, w->added_over));
	return base;
}

/* The interest of one span. */
static void
accrue(Walk *w, const DnSpan *span)
{
	const DnClauses *t = w->debt->rule.terms;
	int64		days = (int64) span->to - span->from + 1;
	Numeric		base = base_of(w);
	Numeric		exact = number_mul(base, int64_to_numeric(span->rate * span->weight));
	Numeric		interest;
	bool		leap = false;

	if (t->rounding == DN_ROUND_ONCE)
		interest = exact;
	else if (t->rounding == DN_ROUND_SEGMENT)
		interest = dunning_quotient(exact, w->divisor, t->decimals, t->half_even);
	else
	{
		/* the days of a span all weigh the same, so they cost the same */
		interest = number_mul(base, int64_to_numeric(span->rate * (span->weight / days)));
		interest = dunning_quotient(interest, w->divisor, t->decimals, t->half_even);
		interest = number_mul(interest, int64_to_numeric(days));
	}
	hold(w, &w->accrued, number_add(w->accrued, interest));

	if (w->visitor == NULL || w->visitor->segment == NULL)
		return;
	if (t->day_count == DN_ACT_ACT)
		leap = dn_leap_year(dn_year_of(span->from));
	if (!(w->since & DUNNING_SINCE_START))
	{
		if (span->rate != w->rate)
			w->since |= DUNNING_SINCE_RATE;
		if (leap != w->leap)
			w->since |= DUNNING_SINCE_YEAR;
	}
	show_segment(w, span, base, exact, t->rounding == DN_ROUND_ONCE ? w->accrued_over : w->divisor);
	w->since = 0;
	w->rate = span->rate;
	w->leap = leap;
}

/* From the next day on, the interest accrued and unpaid bears interest. */
static void
compound(Walk *w)
{
	hold(w, &w->added, number_sub(w->accrued, number_mul(w->paid, w->accrued_over)));
	w->since |= DUNNING_SINCE_ADDED;
	if (w->debt->rule.terms->rounding != DN_ROUND_ONCE)
		return;
	hold(w, &w->added_over, w->accrued_over);
	hold(w, &w->accrued, number_mul(w->accrued, w->divisor));
	hold(w, &w->accrued_over, number_mul(w->accrued_over, w->divisor));
}

/* What a fee is measured on at the beginning of a period; unpaid fees are what is left after the compensation. */
static Numeric
fee_base(const Walk *w, const DnLateFee *fee)
{
	Numeric		base = fee->of_original ? w->original : number_sub(w->principal, w->paused);

	return fee->compounded ? number_add(base, number_min(w->costs, w->late_fees)) : base;
}

/* What a fee may come to in all its periods; NULL without a limit. */
static Numeric
fee_most(const Walk *w, const DnLateFee *fee)
{
	const DnClauses *t = w->debt->rule.terms;

	if (fee->most > 0)
		return as_money(fee->most, t);
	if (fee->most_percent == 0)
		return NULL;
	return dunning_quotient(number_mul(w->original, dunning_scaled_numeric(fee->most_percent, DN_RATE_SCALE + 2)),
							int64_to_numeric(1), t->decimals, t->half_even);
}

/* The fee of a period arises, as far as its limit leaves room: it is owed beside the compensation. */
static void
charge_fee(Walk *w, const DnFeeEvent *event)
{
	const DnClauses *t = w->debt->rule.terms;
	const DnLateFee *fee = &w->debt->rule.fee[event->fee];
	DunningLateFee f = {fee, *event, w->fee_base[event->fee], NULL, false};
	Numeric		most = fee_most(w, fee);

	f.amount = fee->percent == 0 ? as_money(fee->amount, t) :
		dunning_quotient(number_mul(f.base, dunning_scaled_numeric(fee->percent, DN_RATE_SCALE + 2)),
						 int64_to_numeric(1), t->decimals, t->half_even);
	if (most != NULL)
	{
		Numeric		left = number_sub(most, w->fee_sum[event->fee]);

		f.cut = number_cmp(left, f.amount) < 0;
		if (f.cut)
			f.amount = left;
	}
	if (number_sign(f.amount) <= 0)
		return;
	hold(w, &w->fee_sum[event->fee], number_add(w->fee_sum[event->fee], f.amount));
	hold(w, &w->late_fees, number_add(w->late_fees, f.amount));
	hold(w, &w->costs, number_add(w->costs, f.amount));
	hold(w, &w->all_costs, number_add(w->all_costs, f.amount));
	if (w->visitor != NULL && w->visitor->fee != NULL)
		w->visitor->fee(w->visitor->arg, &f);
}

/*
 * The late fees up to a day, before the movements of that day; since the day
 * before the first of them there was none.  A period at whose beginning nothing is
 * open has no fee, and a full one only if something was open at the end of each
 * day from the one before it to the last but one.
 */
static void
charge_fees(Walk *w, int32 upto)
{
	DnFeeEvent	e;

	while (dn_fees_next(&w->fees, upto, &e))
	{
		bool		open = w->open_since != DN_DAY_NEVER && w->open_since < e.from;
		Numeric    *base = &w->fee_base[e.fee];

		if (!e.charges)
		{
			if (open && e.from >= w->begin)
				hold(w, base, fee_base(w, &w->debt->rule.fee[e.fee]));
			else if (*base != NULL)
			{
				pfree(*base);
				*base = NULL;
			}
		}
		else if (*base != NULL && open)
			charge_fee(w, &e);
		step(w);
	}
}

/* After the movements of a day: whether something has fees on the next one, and since when. */
static void
note_open(Walk *w, int32 day)
{
	if (number_sign(number_sub(w->principal, w->paused)) <= 0)
		w->open_since = DN_DAY_NEVER;
	else if (w->open_since == DN_DAY_NEVER)
		w->open_since = day;
}

/*
 * The interest that a payment can extinguish now: what has accrued and is
 * unpaid, rounded, as far as it is charged at all.  Never below zero.
 */
static Numeric
payable_interest(const Walk *w)
{
	const DnClauses *t = w->debt->rule.terms;
	const Numeric none = dunning_scaled_numeric(0, t->decimals);
	Numeric		most;
	Numeric		v;

	v = dunning_quotient(number_sub(w->accrued, number_mul(w->paid, w->accrued_over)),
						 w->accrued_over, t->decimals, t->half_even);
	if (t->least > 0 &&
		number_sign(dunning_charge(w->debt, dunning_quotient(w->accrued, w->accrued_over,
															 t->decimals, t->half_even))) == 0)
		return none;
	most = most_of(w->debt);
	if (most != NULL)
		v = number_min(v, number_sub(most, w->paid));
	return number_sign(v) > 0 ? v : none;
}

/* Moves what can be of "left" into "part", at most "due". */
static void
extinguish(Numeric *left, Numeric *part, Numeric due)
{
	*part = number_min(*left, due);
	*left = number_sub(*left, *part);
}

/*
 * A payment at the end of a day.  Up to the due date, and while nothing bears
 * interest because all was paid within the grace days, it is principal only;
 * costs are owed from the first day after the grace days.  Each cent extinguishes
 * one thing; what nothing is left for is a credit.
 */
static void
pay(Walk *w, int32 day, Numeric amount, bool late)
{
	const DnClauses *t = w->debt->rule.terms;
	const Numeric zero = dunning_scaled_numeric(0, t->decimals);
	Numeric		left = amount;
	Numeric		interest = late && day >= w->begin ? payable_interest(w) : zero;
	Numeric		costs = zero;
	Numeric		principal = int64_to_numeric(0);
	DunningPaid paid;
	Numeric    *part = paid.part;

	/* copies: the slots change below */
	if (late && day >= w->late_on)
		costs = number_add(w->costs, zero);
	if (number_sign(w->principal) > 0)
		principal = number_add(w->principal, zero);

	if (t->payments == DN_PAY_COSTS)
		extinguish(&left, &part[DUNNING_COSTS], costs);
	if (t->payments == DN_PAY_PRINCIPAL)
		extinguish(&left, &part[DUNNING_PRINCIPAL], principal);
	extinguish(&left, &part[DUNNING_INTEREST], interest);
	if (t->payments != DN_PAY_PRINCIPAL)
		extinguish(&left, &part[DUNNING_PRINCIPAL], principal);
	if (t->payments != DN_PAY_COSTS)
		extinguish(&left, &part[DUNNING_COSTS], costs);
	part[DUNNING_CREDIT] = left;
	part[DUNNING_RETURNED] = int64_to_numeric(0);

	if (number_sign(part[DUNNING_INTEREST]) > 0)
	{
		hold(w, &w->paid, number_add(w->paid, part[DUNNING_INTEREST]));
		if (number_sign(w->added) > 0)
		{
			/* the oldest interest goes first: that which bears interest itself */
			Numeric		rest = number_sub(w->added, number_mul(part[DUNNING_INTEREST], w->added_over));

			hold(w, &w->added, number_sign(rest) > 0 ? rest : zero);
		}
	}
	if (number_sign(part[DUNNING_COSTS]) > 0)
		hold(w, &w->costs, number_sub(w->costs, part[DUNNING_COSTS]));
	hold(w, &w->principal, number_sub(w->principal, number_add(part[DUNNING_PRINCIPAL], left)));
	if (w->visitor != NULL && w->visitor->payment != NULL)
	{
		paid.on_day = day;
		paid.amount = amount;
		w->visitor->payment(w->visitor->arg, &paid);
	}
}

static void
shift(Walk *w, DunningPart from, DunningPart to, Numeric amount)
{
	if (w->visitor != NULL && w->visitor->shift != NULL && number_sign(amount) > 0)
		w->visitor->shift(w->visitor->arg, from, to, amount);
}

/*
 * What of a refund is more than the credit: payments have extinguished costs and
 * interest with it, which are unpaid again and no principal.  What they
 * extinguished last comes first.  Gives back the rest, which is principal.
 */
static Numeric
take_back(Walk *w, Numeric left)
{
	const DnClauses *t = w->debt->rule.terms;
	Numeric		part;

	if (t->payments != DN_PAY_COSTS)
	{
		extinguish(&left, &part, number_sub(w->all_costs, w->costs));
		hold(w, &w->costs, number_add(w->costs, part));
		shift(w, DUNNING_COSTS, DUNNING_RETURNED, part);
	}
	if (t->payments == DN_PAY_PRINCIPAL)
	{
		/* what of it was in the base comes back to it with the next compounding */
		extinguish(&left, &part, w->paid);
		shift(w, DUNNING_INTEREST, DUNNING_RETURNED, part);
		hold(w, &w->paid, number_sub(w->paid, part));
	}
	return left;
}

/*
 * An increase at the end of a day.  It meets the credit first.  If it comes after
 * the first ones, which are the item, and the movements still do not add up to
 * more than zero, nothing new is owed: it is a refund of what was paid too much.
 */
static void
owe(Walk *w, int32 day, Numeric amount)
{
	bool		refund = w->balance <= 0 && day > w->item;
	Numeric		left = amount;
	Numeric		used = int64_to_numeric(0);

	if (number_sign(w->principal) < 0)
		extinguish(&left, &used, number_neg(w->principal));
	shift(w, DUNNING_CREDIT, refund ? DUNNING_RETURNED : DUNNING_PRINCIPAL, used);
	if (refund && number_sign(left) > 0)
		left = take_back(w, left);
	hold(w, &w->principal, number_add(w->principal, number_add(used, left)));
}

static void
move(Walk *w, int i, bool late)
{
	const DnHistory *h = &w->debt->history;
	DnWide		units = dn_history_units(h, i);
	int32		day = h->day[i];
	Numeric		v = dunning_shown_amount(h, units);

	if (__builtin_add_overflow(w->balance, units, &w->balance))
		balance_out_of_range();
	if (units < 0)
		pay(w, day, number_neg(v), late);
	else
	{
		w->item = Min(w->item, day);
		owe(w, day, v);
	}
	w->since |= DUNNING_SINCE_MOVEMENT;
	step(w);
}

/*
 * Whether the base bears interest.  While there is a principal, it does if it is
 * above zero together with the interest added, which may be negative.  When the
 * principal is paid, interest that was added and can be asked for still is owed,
 * and bears interest if it is worth a unit.
 */
static bool
base_bears(const Walk *w)
{
	const DnClauses *t = w->debt->rule.terms;
	int			principal = number_sign(w->principal);
	int			added = number_sign(w->added);

	if (number_sign(w->paused) > 0 && number_sign(base_of(w)) <= 0)
		return false;
	if (principal > 0)
		return added >= 0 || number_sign(base_of(w)) > 0;
	return principal == 0 && added > 0 &&
		number_sign(dunning_quotient(w->added, w->added_over, t->decimals, t->half_even)) > 0 &&
		number_sign(payable_interest(w)) > 0;
}

/* The amount that is paused on a day of interest; gives back the last day on which it is. */
static int32
see_pause(Walk *w, int32 day)
{
	const DnHistory *p = w->debt->paused;
	int			before = w->pauses;

	if (p == NULL)
		return DN_DAY_NEVER;
	for (; w->pauses < p->n && p->day[w->pauses] <= day; w->pauses++)
		w->paused_units += dn_history_units(p, w->pauses);
	if (w->pauses > before)
	{
		hold(w, &w->paused, dunning_shown_amount(p, Max(w->paused_units, 0)));
		w->since |= DUNNING_SINCE_PAUSE;
	}
	return w->pauses < p->n ? p->day[w->pauses] - 1 : DN_DAY_NEVER;
}

/* From the first day of interest to as_of, the movements of a day after its interest. */
static void
walk(Walk *w, int i)
{
	const DunningDebt *debt = w->debt;
	const int	n = debt->dated ? debt->history.n : 0;
	const int32 *day = debt->history.day;
	DnSpans		spans;
	DnSpan		span;

	dn_spans_begin(&spans, &debt->rule, debt->due_on, debt->as_of);
	while (spans.next <= debt->as_of)
	{
		int32		stop = i < n && day[i] < debt->as_of ? day[i] : debt->as_of;
		int32		paused_until = see_pause(w, spans.next);
		bool		bears = w->interest && spans.next >= w->begin && spans.next <= w->end && base_bears(w);

		if (w->has_fees)
			note_open(w, spans.next - 1);
		if (spans.next < w->begin && w->begin - 1 < stop)
			stop = w->begin - 1;
		if (spans.next <= w->end && w->end < stop)
			stop = w->end;
		if (paused_until < stop)
			stop = paused_until;
		if (dn_spans_next(&spans, stop, bears, &span) != DN_SPAN)
		{
			if (w->visitor == NULL || w->visitor->missing == NULL)
				dunning_no_rate(&debt->rule.rates, spans.missing, "rule");
			*w->visitor->missing = spans.missing;
			return;
		}
		if (bears)
			accrue(w, &span);
		step(w);
		if (w->has_fees)
			charge_fees(w, spans.next - 1);
		for (; i < n && day[i] < spans.next; i++)
			move(w, i, true);
		if (span.compounds && span.to < w->end)
			compound(w);
	}
}

/* Begins the late fees of a debt that is late; the movements up to the due date are behind. */
static void
begin_fees(Walk *w)
{
	const DunningDebt *debt = w->debt;
	const DnRule *rule = &debt->rule;
	int			i;

	w->has_fees = rule->terms->n_fees > 0 && !debt->negative;
	if (!w->has_fees)
		return;
	dn_fees_begin(&w->fees, rule->fee, rule->terms->n_fees, rule->terms->grace, debt->due_on, debt->currency, debt->professional);
	for (i = 0; i < rule->terms->n_fees; i++)
		hold(w, &w->fee_sum[i], int64_to_numeric(0));
	hold(w, &w->original, debt->dated ? dunning_shown_amount(&debt->history, dn_history_item(&debt->history)) : debt->amount);
	w->open_since = DN_DAY_NEVER;
}

/*
 * The interest of a debt that has accrued by as_of, paid or not, rounded, before
 * "least" and "most"; of the absolute value of an amount.  "late" is what
 * dunning_is_late says.  The visitor may be NULL.
 *
 * A movement counts from the day after its own.  What is paid within the grace
 * days is not late; if nothing was left after them, interest begins after them,
 * for what the debt may have become since.
 */
Numeric
dunning_accrue(const DunningDebt *debt, bool late, const DunningVisitor *visitor)
{
	const DnClauses *t = debt->rule.terms;
	const Numeric zero = int64_to_numeric(0);
	MemoryContext old = CurrentMemoryContext;
	Walk		w = {.debt = debt, .visitor = visitor, .item = DN_DAY_NEVER};
	Numeric		divisor;
	Numeric		measure;
	Numeric		result;
	int			i = 0;

	if (!debt->dated && !number_finite(debt->amount))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("interest by this rule takes a finite amount"),
				 errdetail("The amount is NaN or infinite.")));

	w.keep = AllocSetContextCreate(old, "dunning interest", ALLOCSET_SMALL_SIZES);
	w.brief = AllocSetContextCreate(w.keep, "dunning interest, a step", ALLOCSET_SMALL_SIZES);
	MemoryContextSwitchTo(w.brief);
	divisor = int64_to_numeric(dn_daycount_divisor(t->day_count));
	measure = measure_of(debt);
	hold(&w, &w.divisor, divisor);
	hold(&w, &w.principal, debt->dated ? zero : debt->amount);
	hold(&w, &w.added, zero);
	hold(&w, &w.added_over, int64_to_numeric(1));
	hold(&w, &w.accrued, zero);
	hold(&w, &w.accrued_over, t->rounding == DN_ROUND_ONCE ? divisor : int64_to_numeric(1));
	hold(&w, &w.rounded, dunning_scaled_numeric(0, t->decimals));
	hold(&w, &w.paid, zero);
	hold(&w, &w.paused, zero);
	hold(&w, &w.all_costs, dunning_compensation(&debt->rule, dunning_late_measure(debt, &w.late_on), debt->professional));
	hold(&w, &w.costs, w.all_costs);
	hold(&w, &w.late_fees, dunning_scaled_numeric(0, t->decimals));
	w.interest = visitor == NULL || !visitor->fees_alone;
	w.end = late ? dn_interest_end(&debt->rule, debt->due_on) : DN_DAY_NEVER;
	w.begin = dn_day_add(debt->due_on, debt->dated && number_sign(measure) <= 0 ? (int64) t->grace + 1 : 1);

	for (; debt->dated && i < debt->history.n &&
		 debt->history.day[i] <= (late ? debt->due_on : debt->as_of); i++)
		move(&w, i, false);
	w.since = DUNNING_SINCE_START;
	if (late)
	{
		begin_fees(&w);
		walk(&w, i);
	}

	MemoryContextSwitchTo(old);
	if (visitor != NULL && visitor->fees != NULL)
		*visitor->fees = DatumGetNumericCopy(NumericGetDatum(w.late_fees));
	result = dunning_quotient(w.accrued, w.accrued_over, t->decimals, t->half_even);
	MemoryContextDelete(w.keep);
	return result;
}

/*
 * The walk for its late fees.  Interest matters to them only where payments may
 * extinguish it before the principal, or a surplus did before the debt grew again.
 */
void
dunning_visit_fees(const DunningDebt *debt, DunningVisitor *visitor)
{
	visitor->fees_alone = !debt->dated ||
		(debt->rule.terms->payments == DN_PAY_PRINCIPAL && !dn_history_overpaid(&debt->history, debt->due_on));
	dunning_accrue(debt, true, visitor);
}

/* The late fees of a debt that have arisen by as_of, paid or not; "missing" as of a visitor. */
Numeric
dunning_late_fees(const DunningDebt *debt, bool late, int32 *missing)
{
	Numeric		fees;
	DunningVisitor visitor = {.fees = &fees, .missing = missing};

	if (!late || debt->negative || debt->rule.terms->n_fees == 0)
		return dunning_scaled_numeric(0, debt->rule.terms->decimals);
	dunning_visit_fees(debt, &visitor);
	return fees;
}

/* The interest charged of a dated debt that has accrued by as_of, paid or not. */
Numeric
dunning_history_interest(const DunningDebt *debt)
{
	const DnClauses *t = debt->rule.terms;
	int64		units;
	int32		missing;

	if (!dunning_is_late(&debt->rule, debt->due_on, debt->as_of))
		return dunning_scaled_numeric(0, t->decimals);
	switch (debt->paused != NULL ? DN_SUM_NOT :
			dn_history_interest(&debt->history, &debt->rule, debt->due_on, debt->as_of, &units, &missing))
	{
		case DN_SUMMED:
			return dunning_charge(debt, dunning_scaled_numeric(units, t->decimals));
		case DN_SUM_NO_RATE:
			dunning_no_rate(&debt->rule.rates, missing, "rule");
			break;
		case DN_SUM_NOT:
			break;
	}
	return dunning_charge(debt, dunning_accrue(debt, true, NULL));
}
