/* core/figures.c: see figures.h */
#include "figures.h"

#include <stdlib.h>

#define DN_FIGURE_UNIT 100		/* 10^DN_FIGURE_DECIMALS */

/* The day so many months before a day; from the end of a month, the end of a month. */
int32_t
dn_months_before(int32_t day, int months)
{
	int32_t		year;
	int			month,
				dom;

	dn_civil(day, &year, &month, &dom);
	if (dom == dn_month_length(year, month))
		dom = 31;
	dn_go_months(&year, &month, -months);
	return (int32_t) dn_month_day(year, month, dom);
}

static int
compare_days(const void *a, const void *b)
{
	int32_t		x = *(const int32_t *) a;
	int32_t		y = *(const int32_t *) b;

	return (x > y) - (x < y);
}

/* Fills the dates of a series, for which there is room for days * (back + 2); their number. */
int32_t
dn_figure_dates(const int32_t *day, int32_t days, int months, int back, int32_t *date)
{
	int32_t		n = 0;
	int32_t		kept = 0;
	int32_t		i;
	int			k;

	for (i = 0; i < days; i++)
	{
		for (k = 0; k <= back; k++)
			date[n++] = dn_months_before(day[i], k);
		date[n++] = dn_months_before(day[i], months);
	}
	qsort(date, (size_t) n, sizeof(int32_t), compare_days);
	for (i = 0; i < n; i++)
		if (kept == 0 || date[kept - 1] != date[i])
			date[kept++] = date[i];
	return kept;
}

/* The first date on or after a day; the number of dates if there is none. */
int32_t
dn_figure_entry(const DnFigureSeries *s, int32_t day)
{
	int32_t		low = 0;
	int32_t		high = s->dates;

	while (low < high)
	{
		int32_t		middle = (low + high) / 2;

		if (s->date[middle] < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
add(DnWide8 *to, DnWide units)
{
	DnWide		sum;

	if (__builtin_add_overflow(*to, units, &sum) || dn_magnitude(sum) >= (DnUWide) dn_power(DN_FIGURE_DIGITS))
		return false;
	*to = sum;
	return true;
}

/* Adds a movement; an item that is due never is never overdue.  False if a sum is too large. */
bool
dn_figure_add(const DnFigureSeries *s, DnTally *tally, DnWide units, int32_t day, int32_t due)
{
	int32_t		entry = dn_figure_entry(s, day);
	int32_t		late;
	int32_t		old;

	if (entry >= s->dates)
		return true;
	if (!add(&tally[entry].open, units))
		return false;
	if (due == DN_DAY_NEVER)
		return true;
	late = dn_figure_entry(s, dn_day_add(due, 1));
	if (late < entry)
		late = entry;
	if (late >= s->dates)
		return true;
	old = dn_figure_entry(s, dn_day_add(due, DN_FIGURES_OLD + 1));
	if (old < entry)
		old = entry;
	return add(&tally[late].overdue, units) && (old >= s->dates || add(&tally[old].old, units));
}

bool
dn_figure_sell(const DnFigureSeries *s, DnTally *tally, DnWide units, int32_t day)
{
	int32_t		entry = dn_figure_entry(s, day);

	return entry >= s->dates || add(&tally[entry].sold, units);
}

/* Turns the changes into what there is on each date; false if a sum is too large. */
bool
dn_figure_sums(const DnFigureSeries *s, DnTally *tally)
{
	int32_t		j;

	for (j = 1; j < s->dates; j++)
		if (!add(&tally[j].open, tally[j - 1].open) || !add(&tally[j].overdue, tally[j - 1].overdue) ||
			!add(&tally[j].old, tally[j - 1].old) || !add(&tally[j].sold, tally[j - 1].sold))
			return false;
	return true;
}

/*
 * a * factor / b as hundredths, by long division with the digits of the factor,
 * so that nothing overflows.  a and b have at most DN_FIGURE_DIGITS and two more
 * digits; false unless b is above zero.
 */
bool
dn_ratio(DnWide a, int64_t factor, DnWide b, DnWide *quotient)
{
	DnUWide		divisor = (DnUWide) b;
	DnUWide		whole;
	DnUWide		rest;
	DnUWide		left;
	DnUWide		q = 0;
	char		digit[24];
	int			n = 0;

	dn_assert(factor >= 0 && factor <= INT64_MAX / DN_FIGURE_UNIT);
	if (b <= 0)
		return false;
	whole = dn_magnitude(a) / divisor;
	rest = dn_magnitude(a) % divisor;
	left = 0;
	factor *= DN_FIGURE_UNIT;
	if (__builtin_mul_overflow(whole, (DnUWide) factor, &whole) || whole >> 126 != 0)
		return false;
	do
		digit[n++] = (char) (factor % 10);
	while ((factor /= 10) > 0);
	while (n-- > 0)
	{
		left = left * 10 + rest * (DnUWide) digit[n];
		q = q * 10 + left / divisor;
		left %= divisor;
	}
	q += whole;
	if (left >= divisor - left)
		q++;
	*quotient = a < 0 ? -(DnWide) q : (DnWide) q;
	return true;
}

/*
 * The days back until the sales add up to what is open: whole months, newest
 * first, and the part of the last one.  False if all months together do not.
 * The months may have a sum below zero; nothing is open where it is not above
 * zero.
 */
bool
dn_count_back(DnWide open, const DnWide8 *sold, const int32_t *days, int n, DnWide *figure)
{
	DnWide		part = 0;
	int64_t		whole = 0;
	int			i;

	for (i = 0; i < n && open > 0; i++)
	{
		if (open < sold[i])
		{
			if (!dn_ratio(open, days[i], sold[i], &part))
				return false;
			open = 0;
			break;
		}
		whole += days[i];
		open -= sold[i];
	}
	if (open > 0)
		return false;
	*figure = (DnWide) whole * DN_FIGURE_UNIT + part;
	return true;
}

static void
set(DnFigures *f, DnFigureKind kind, DnWide a, int64_t factor, DnWide b)
{
	DnWide		value = 0;

	f->there[kind] = dn_ratio(a, factor, b, &value);
	f->value[kind] = value;
}

/* The figures of one of the days, from the sums of all dates. */
void
dn_figures(const DnFigureSeries *s, const DnTally *sum, int32_t i, bool equal_months, bool monthly_sales, DnFigures *f)
{
	const DnTally *at = &sum[dn_figure_entry(s, s->day[i])];
	int32_t		from = dn_months_before(s->day[i], s->months);
	const DnTally *before = &sum[dn_figure_entry(s, from)];
	DnWide		current = at->open - at->overdue;
	DnWide8		sold[DN_FIGURES_MAX_MONTHS];
	int32_t		days[DN_FIGURES_MAX_MONTHS];
	DnWide		value = 0;
	int64_t		parts = monthly_sales ? s->months : 1;
	int32_t		end = s->day[i];
	int			k;

	f->at = *at;
	f->at.sold = at->sold - before->sold;
	f->sales_days = equal_months ? s->months * DN_FIGURES_MONTH : s->day[i] - from;
	set(f, DN_DSO, at->open, f->sales_days, f->at.sold);
	set(f, DN_BEST_DSO, current, f->sales_days, f->at.sold);
	f->there[DN_DELINQUENT] = f->there[DN_DSO];
	f->value[DN_DELINQUENT] = f->value[DN_DSO] - f->value[DN_BEST_DSO];
	/* twelfths of sales are no whole numbers, so that all else is multiplied */
	set(f, DN_EFFECTIVENESS, (before->open - at->open) * parts + f->at.sold, 100,
		(before->open - current) * parts + f->at.sold);
	set(f, DN_OVERDUE_PERCENT, at->overdue, 100, at->open);
	set(f, DN_OLD_PERCENT, at->old, 100, at->open);
	for (k = 0; k < s->back; k++)
	{
		int32_t		start = dn_months_before(s->day[i], k + 1);

		sold[k] = sum[dn_figure_entry(s, end)].sold - sum[dn_figure_entry(s, start)].sold;
		days[k] = equal_months ? DN_FIGURES_MONTH : end - start;
		end = start;
	}
	f->there[DN_COUNT_BACK] = s->back > 0 && dn_count_back(at->open, sold, days, s->back, &value);
	f->value[DN_COUNT_BACK] = value;
}
