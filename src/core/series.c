/* core/series.c: see series.h */
#include "series.h"

/* Whether days ascend and each can be written in a literal. */
bool
dn_series_days_valid(const int32_t *date, int32_t dates)
{
	int32_t		j;

	for (j = 0; j < dates; j++)
		if (!dn_movement_day_valid(date[j]) || (j > 0 && date[j] <= date[j - 1]))
			return false;
	return true;
}

/*
 * Fills the first due days of a scheme's buckets on each date, for which there
 * is room for edges times dates.  False if an item could go back to an earlier
 * bucket, which no scheme allows.
 */
bool
dn_series_fill(const DnAging *a, const int32_t *date, int32_t dates, int64_t *from)
{
	DnAgingCut	cut;
	int32_t		j;
	int			b;

	for (j = 0; j < dates; j++)
	{
		dn_aging_cut(a, date[j], &cut);
		for (b = 0; b < cut.edges; b++)
		{
			from[(size_t) b * dates + j] = cut.from[b];
			if (j > 0 && cut.from[b] < from[(size_t) b * dates + j - 1])
				return false;
		}
	}
	return true;
}

/*
 * The first date, not before "low", on or after a day; the number of dates if
 * there is none.  A search in growing steps, since it is mostly near.
 */
int32_t
dn_series_entry(const DnSeries *s, int32_t day, int32_t low)
{
	int32_t		high = low;
	int32_t		step = 1;

	while (high < s->dates && s->date[high] < day)
	{
		low = high + 1;
		high += step;
		step *= 2;
	}
	if (high > s->dates)
		high = s->dates;
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

/* The same for the first date on which an item is beyond a bucket. */
static int32_t
first_beyond(const DnSeries *s, int32_t bucket, int32_t due, int32_t low)
{
	const int64_t *from = s->from + (size_t) bucket * (size_t) s->dates;
	int32_t		high = low;
	int32_t		step = 1;

	while (high < s->dates && from[high] <= due)
	{
		low = high + 1;
		high += step;
		step *= 2;
	}
	if (high > s->dates)
		high = s->dates;
	while (low < high)
	{
		int32_t		middle = (low + high) / 2;

		if (from[middle] <= due)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Where an item due on a day is, infinite days included. */
void
dn_series_path(const DnSeries *s, int32_t due, DnPath *path)
{
	int32_t		at = 0;
	int32_t		b;

	path->slot = 0;
	path->last = s->slots - 2;
	for (b = 0; b < path->last; b++)
	{
		path->until[b] = at = first_beyond(s, b, due, at);
		dn_assert(b == 0 || path->until[b] >= path->until[b - 1]);
	}
}

/* Where an item without a due date is. */
void
dn_series_undated(const DnSeries *s, DnPath *path)
{
	path->slot = path->last = s->slots - 1;
}

/*
 * The steps of a movement that enters on a date, which need not be one of the
 * series; there is room for DN_SERIES_MAX_STEPS of them.
 */
int
dn_series_steps(const DnSeries *s, const DnPath *path, int32_t entry, DnStep *step)
{
	int32_t		slot = path->slot;
	int			n = 0;

	if (entry >= s->dates)
		return 0;
	while (slot < path->last && path->until[slot] <= entry)
		slot++;
	step[n++] = (DnStep) {entry * s->slots + slot, false};
	for (; slot < path->last && path->until[slot] < s->dates; slot++)
	{
		step[n++] = (DnStep) {path->until[slot] * s->slots + slot, true};
		step[n++] = (DnStep) {path->until[slot] * s->slots + slot + 1, false};
	}
	dn_assert(n <= DN_SERIES_MAX_STEPS && step[n - 1].cell < s->dates * s->slots);
	return n;
}

/* Takes these steps with an amount; false if a cell overflows. */
bool
dn_series_add(const DnSeries *s, const DnPath *path, int32_t entry, DnWide units, DnWide8 *cell)
{
	DnStep		step[DN_SERIES_MAX_STEPS];
	int			n = dn_series_steps(s, path, entry, step);
	int			i;

	for (i = 0; i < n; i++)
	{
		DnWide8    *c = cell + step[i].cell;
		DnWide		sum;

		if (step[i].leaves ? __builtin_sub_overflow(*c, units, &sum) : __builtin_add_overflow(*c, units, &sum))
			return false;
		*c = sum;
	}
	return true;
}
