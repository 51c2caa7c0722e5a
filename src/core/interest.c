/* core/interest.c: see interest.h */
#include "interest.h"

#include "days.h"

/* A balance beyond this takes the walk instead of the sum; see dn_history_interest. */
#define SUM_BALANCE_MAX INT64_C(1000000000000000000)

_Static_assert((DN_SIMPLE | DN_ROUND_ONCE | DN_PAY_PRINCIPAL) == 0, "zero is the plain way of each");

/*
 * The sum of rate times weight of the days after + 1 ... upto of a debt due on
 * due_on, all of them days of interest.  False if a rate that it takes is not
 * known; *missing is then the first day without one.  Its bound: see penalty.h.
 */
bool
dn_rule_sum(const DnRule *rule, int32_t due_on, int32_t after, int32_t upto,
			int64_t *sum, int32_t *missing)
{
	const DnRates *r = &rule->rates;
	DnDayCount	count = rule->terms->day_count;
	int			i,
				k;

	if (rule->terms->fixed)
	{
		int64_t		rate;

		*missing = due_on + 1;
		if (!dn_rate_on(r, due_on + 1, &rate))
			return false;
		*sum = rate * (dn_day_point(count, upto) - dn_day_point(count, after));
		return true;
	}
	if (!dn_rates_cover(r, after, upto, missing))
		return false;
	k = dn_rates_step(r, upto);
	i = dn_step_of(r->from, k + 1, after + 1);
	if (count == DN_ACT_365 || count == DN_ACT_360)
	{
		if (i == k)
			*sum = r->rate[i] * (upto - after);
		else
			*sum = r->rate[i] * (r->from[i + 1] - 1 - after)
				+ (rule->cum[k] - rule->cum[i + 1])
				+ r->rate[k] * (upto - r->from[k] + 1);
		return true;
	}
	if (i == k)
		*sum = r->rate[i] * (dn_civil_point(count, upto) - dn_civil_point(count, after));
	else
		*sum = r->rate[i] * (dn_civil_point(count, r->from[i + 1] - 1) - dn_civil_point(count, after))
			+ (rule->cum[k] - rule->cum[i + 1])
			+ r->rate[k] * (dn_civil_point(count, upto) - dn_civil_point(count, r->from[k] - 1));
	return true;
}

/*
 * The last day on which a debt bears interest by the rule, whether or not the
 * grace days let it be asked for; DN_DAY_NEVER if interest has no end.
 */
int32_t
dn_interest_end(const DnRule *rule, int32_t due_on)
{
	int64_t		n = rule->terms->stop;

	switch (rule->terms->stop_unit)
	{
		case DN_STOP_DAYS:
			return dn_day_add(due_on, n);
		case DN_STOP_MONTHS:
			return dn_add_months(due_on, n);
		case DN_STOP_YEARS:
			return dn_add_months(due_on, n * 12);
		default:
			return DN_DAY_NEVER;
	}
}

/*
 * Whether a debt due on one day is late on another, by the days alone.  Grace
 * days only say how long nothing is asked; after them interest counts from the
 * day after the due date.
 */
static inline DnLate
lateness(const DnRule *rule, int32_t due_on, int32_t as_of)
{
	if (as_of <= due_on ||
		(rule->terms->grace != 0 && as_of <= dn_day_add(due_on, rule->terms->grace)))
		return DN_LATE_NOT;
	if (as_of > DN_INTEREST_LAST || due_on < DN_INTEREST_FIRST - 1)
		return dn_day_finite(due_on) && dn_day_finite(as_of) ? DN_LATE_BEYOND : DN_LATE_ENDLESS;
	if (rule->terms->compounding != DN_SIMPLE &&
		dn_compoundings(rule, due_on, dn_upto(rule, due_on, as_of)) > DN_COMPOUNDINGS_MAX)
		return DN_LATE_COMPOUNDED;
	if (rule->terms->n_fees != 0 &&
		dn_late_fees_too_many(rule->fee, rule->terms->n_fees, rule->terms->grace, due_on, as_of))
		return DN_LATE_FEES;
	return DN_LATE_YES;
}

DnLate
dn_lateness(const DnRule *rule, int32_t due_on, int32_t as_of)
{
	return lateness(rule, due_on, as_of);
}

/* The same, and the sum over all days of interest up to its end if it is late. */
DnLate
dn_late(const DnRule *rule, int32_t due_on, int32_t as_of,
		int64_t *sum, int32_t *missing)
{
	DnLate		late = lateness(rule, due_on, as_of);

	if (late == DN_LATE_YES && !dn_rule_sum(rule, due_on, due_on, dn_upto(rule, due_on, as_of), sum, missing))
		late = DN_LATE_NO_RATE;
	return late;
}

/* a over the divisor of a day count and 10^tens: divisions by constants, which are faster than one by a variable */
static inline uint64_t
small_quotient(uint64_t a, DnDayCount count, int tens)
{
	switch (count)
	{
		case DN_ACT_365:
			a /= (uint64_t) dn_daycount_divisor(DN_ACT_365);
			break;
		case DN_ACT_ACT:
			a /= (uint64_t) dn_daycount_divisor(DN_ACT_ACT);
			break;
		default:
			a /= (uint64_t) dn_daycount_divisor(DN_ACT_360);
	}
	if (tens == 2)
		return a / 100;
	for (; tens > 0; tens--)
		a /= 10;
	return a;
}

/*
 * amount (10^-4) times sum (of dn_rule_sum) over the divisor of the day count,
 * in units of 10^-decimals, rounded once; exact.  False if the result outgrows
 * an int64.
 */
bool
dn_interest(int64_t amount, int64_t sum, const DnClauses *t, int64_t *out)
{
	int64_t		divisor = dn_daycount_divisor(t->day_count);
	int64_t		small;
	int			i;
	DnWide		rounded;

	for (i = t->decimals; i < DN_FEE_SCALE; i++)
		divisor *= 10;
	if (!t->half_even && !__builtin_mul_overflow(amount, sum, &small) &&
		small < INT64_MAX / 2 && small > -(INT64_MAX / 2))
	{
		uint64_t	size = (uint64_t) (small < 0 ? -small : small) + (uint64_t) divisor / 2;

		size = small_quotient(size, t->day_count, DN_FEE_SCALE - t->decimals);
		*out = small < 0 ? -(int64_t) size : (int64_t) size;
		return true;
	}
	rounded = dn_round_quotient((DnWide) amount * sum, divisor, t->half_even);
	if (rounded > INT64_MAX || rounded < -INT64_MAX)
		return false;
	*out = (int64_t) rounded;
	return true;
}

/*
 * The interest of a late debt with dated movements that has accrued by as_of,
 * rounded, in units of 10^-decimals: the balances times the sums of their days.
 * A movement counts from the day after its own.  What is paid within the grace
 * days is not late; if nothing is left after them, interest begins after them.
 *
 * Not so if the rule compounds, rounds on the way or has payments extinguish
 * something before the principal, if more than the principal was paid before it
 * grew again, which may have paid the interest, or if a number outgrows its
 * type.  A balance stays within 10^18 units and all sums together below
 * 1.4 * 10^18, so that the total stays far below 2^127.
 */
DnSummed
dn_history_interest(const DnHistory *h, const DnRule *rule, int32_t due_on, int32_t as_of,
					int64_t *out, int32_t *missing)
{
	const DnClauses *t = rule->terms;
	DnWide		total = 0;
	DnWide		balance = 0;
	DnWide		divisor = dn_daycount_divisor(t->day_count);
	int64_t		factor = 1;
	int32_t		after = due_on;
	int32_t		upto = dn_upto(rule, due_on, as_of);
	int			i;

	if ((t->compounding | t->rounding | t->payments) != 0)
		return DN_SUM_NOT;
	for (i = h->scale; i < t->decimals; i++)
		factor *= 10;
	for (i = t->decimals; i < h->scale; i++)
		divisor *= 10;
	if (t->grace > 0 && dn_history_open(h, due_on + t->grace) <= 0)
		after += t->grace;
	for (i = 0;; i++)
	{
		int32_t		day = i < h->n && h->day[i] < upto ? h->day[i] : upto;
		DnWide		units;

		if (day > after)
		{
			int64_t		sum;

			if (balance > 0)
			{
				if (!dn_rule_sum(rule, due_on, after, day, &sum, missing))
					return DN_SUM_NO_RATE;
				total += balance * sum;
			}
			after = day;
		}
		if (day == upto)
			break;
		units = dn_history_units(h, i);
		if (units > 0 && balance < 0 && day > due_on)
			return DN_SUM_NOT;
		if (units > SUM_BALANCE_MAX / factor || units < -SUM_BALANCE_MAX / factor)
			return DN_SUM_NOT;
		balance += units * factor;
		if (balance > SUM_BALANCE_MAX || balance < -SUM_BALANCE_MAX)
			return DN_SUM_NOT;
	}
	total = dn_round_quotient(total, divisor, t->half_even);
	if (total > INT64_MAX || total < INT64_MIN)
		return DN_SUM_NOT;
	*out = (int64_t) total;
	return DN_SUMMED;
}

/*
 * The k-th anniversary of the first day of interest: the day from which on the
 * interest of the days before it bears interest.  Always counted from the first
 * day, so that the 31st comes back after a short month.
 */
int32_t
dn_anniversary(const DnRule *rule, int32_t first, int32_t k)
{
	switch (rule->terms->compounding)
	{
		case DN_COMPOUND_YEARLY:
			return dn_add_months(first, (int64_t) k * 12);
		case DN_COMPOUND_MONTHLY:
			return dn_add_months(first, k);
		case DN_COMPOUND_DAYS:
			return dn_day_add(first, (int64_t) k * rule->terms->every);
		default:
			return DN_DAY_NEVER;
	}
}

/* How many anniversaries there are up to as_of, both days of interest. */
int32_t
dn_compoundings(const DnRule *rule, int32_t due_on, int32_t as_of)
{
	int32_t		first = due_on + 1;
	int32_t		y1,
				y2,
				k;
	int			m1,
				m2,
				dom;

	if (rule->terms->compounding == DN_SIMPLE)
		return 0;
	if (rule->terms->compounding == DN_COMPOUND_DAYS)
		return (as_of - first) / rule->terms->every;
	dn_civil(first, &y1, &m1, &dom);
	dn_civil(as_of, &y2, &m2, &dom);
	k = rule->terms->compounding == DN_COMPOUND_YEARLY ? y2 - y1 : (y2 - y1) * 12 + m2 - m1;
	return k > 0 && dn_anniversary(rule, first, k) > as_of ? k - 1 : k;
}

/* Begins at the first day of interest; the debt is late by dn_lateness. */
void
dn_spans_begin(DnSpans *s, const DnRule *rule, int32_t due_on, int32_t as_of)
{
	s->rule = rule;
	s->first = s->next = due_on + 1;
	s->last = as_of;
	s->compoundings = 0;
	s->anniversary = dn_anniversary(rule, s->first, 1);
	s->missing = 0;
}

/* The rate of the next day, and in *to the last day up to which it holds, if that comes earlier. */
static bool
next_rate(DnSpans *s, int64_t *rate, int32_t *to)
{
	const DnRates *r = &s->rule->rates;
	int			i;

	s->missing = s->rule->terms->fixed ? s->first : s->next;
	if (!dn_rate_on(r, s->missing, rate))
		return false;
	if (s->rule->terms->fixed)
		return true;
	for (i = dn_rates_step(r, s->next) + 1; i < r->n && r->from[i] <= *to; i++)
		if (r->rate[i] != *rate)
		{
			*to = r->from[i] - 1;
			return true;
		}
	if (*to > r->until)
		*to = r->until;
	return true;
}

/* The last day of the run of common years, or of the leap year, that a day is in. */
static int32_t
end_of_weight(int32_t day)
{
	int32_t		year = dn_year_of(day);
	bool		leap = dn_leap_year(year);
	int32_t		out;

	do
		year++;
	while (!leap && !dn_leap_year(year));
	return dn_day_from_civil(year, 1, 1, &out) ? out - 1 : DN_INTEREST_LAST;
}

/*
 * The next span, which ends on the day "stop" at the latest, the stop not being
 * before the first day not yet given out.  It ends earlier at a change of the
 * rate, at a change between common and leap years where these weigh
 * differently, before an anniversary, and at the last day.  Where the debt
 * bears no interest its rate is not asked for, and only the anniversaries and
 * the stop part it.
 */
DnSpanStatus
dn_spans_next(DnSpans *s, int32_t stop, bool bears, DnSpan *span)
{
	DnDayCount	count = s->rule->terms->day_count;
	int32_t		to = stop < s->last ? stop : s->last;

	if (s->next > s->last)
		return DN_SPANS_END;
	if (s->anniversary <= to)
		to = s->anniversary - 1;
	span->rate = 0;
	if (bears)
	{
		if (!next_rate(s, &span->rate, &to))
			return DN_SPANS_NO_RATE;
		if (count == DN_ACT_ACT)
		{
			int32_t		end = end_of_weight(s->next);

			if (end < to)
				to = end;
		}
	}
	span->from = s->next;
	span->to = to;
	span->weight = dn_day_point(count, to) - dn_day_point(count, s->next - 1);
	span->compounds = to == s->anniversary - 1 && to < s->last;
	s->next = to + 1;
	if (span->compounds)
		s->anniversary = dn_anniversary(s->rule, s->first, ++s->compoundings + 1);
	return DN_SPAN;
}

/*
 * What a band of the compensation starts from, in units of 10^-12: below
 * 10^16 * 10^8 for a sum of its own, and at most 20 * 10^16 * 10^9 for the
 * total of the bands below.
 */
DnWide
dn_band_start(const DnRule *rule, int band)
{
	DnWide		start = 0;
	int64_t		above = 0;
	int			i;

	for (i = 0; i <= band; i++)
	{
		const DnBand *b = &rule->band[i];

		if (b->has_sum)
			start = (DnWide) b->sum * (100 * DN_RATE_UNIT);
		if (i < band)
		{
			start += (DnWide) b->percent * (b->limit - above);
			above = b->limit;
		}
	}
	return start;
}
