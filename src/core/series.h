/*
 * core/series.h: amounts over several dates by aging bucket, in one pass.
 *
 * A movement counts from the first date on or after its day.  On each date it
 * stands in the bucket of its item, which only moves on to later ones; so the
 * whole course of a movement is a handful of steps: it enters a cell, and at
 * each date on which its item has left a bucket it goes over to the next one.
 * The cells hold changes from one date to the next, and the balance of a date
 * is the sum of all changes up to it.
 */
#ifndef DN_SERIES_H
#define DN_SERIES_H

#include "aging.h"
#include "balance.h"

#define DN_SERIES_MAX_DATES 10000
#define DN_SERIES_MAX_CELLS 100000

/* The cell of a slot on a date is date * slots + slot. */
typedef struct DnSeries
{
	int32_t		dates;
	int32_t		slots;			/* buckets, and behind them one for what has no due date */
	const int32_t *date;		/* ascending */
	const int64_t *from;		/* first due day of bucket b on date j: [b * dates + j] */
} DnSeries;

/* Where an item is on the dates of a series. */
typedef struct DnPath
{
	int32_t		slot;			/* where it is before it has left anything */
	int32_t		last;			/* where it ends up at most */
	int32_t		until[DN_AGING_MAX_BUCKETS];	/* the first date on which it is beyond a bucket */
} DnPath;

typedef struct DnStep
{
	int32_t		cell;
	bool		leaves;			/* the amount is taken away, not added */
} DnStep;

#define DN_SERIES_MAX_STEPS (2 * DN_AGING_MAX_BUCKETS)

extern bool dn_series_days_valid(const int32_t *date, int32_t dates);
extern bool dn_series_fill(const DnAging *a, const int32_t *date, int32_t dates, int64_t *from);
extern int32_t dn_series_entry(const DnSeries *s, int32_t day, int32_t low);
extern void dn_series_path(const DnSeries *s, int32_t due, DnPath *path);
extern void dn_series_undated(const DnSeries *s, DnPath *path);
extern int	dn_series_steps(const DnSeries *s, const DnPath *path, int32_t entry, DnStep *step);
extern bool dn_series_add(const DnSeries *s, const DnPath *path, int32_t entry,
						  DnWide units, DnWide8 *cell);

#endif
