/*
 * core/days.h: days as integers.
 *
 * A day is the number of days since 2000-01-01 in the proleptic Gregorian
 * calendar, which is also how PostgreSQL counts.  The two infinities are the
 * ends of int32; arithmetic on days is done in int64 and saturates to them,
 * since a reminder that lies beyond the calendar simply never comes.
 */
#ifndef DN_DAYS_H
#define DN_DAYS_H

#include <stdbool.h>
#include <stdint.h>

#define DN_DAY_NEVER	INT32_MAX	/* infinity */
#define DN_DAY_EVER		INT32_MIN	/* -infinity */
#define DN_DAY_FIRST	(-2451545)	/* 4714-11-24 BC, the first day that a date holds */
#define DN_DAY_LAST		2145031948	/* 5874897-12-31, the last one */

/* What a literal may say: four-digit years. */
#define DN_YEAR_MIN 1
#define DN_YEAR_MAX 9999

extern bool dn_day_from_civil(int64_t year, int month, int day, int32_t *out);
extern void dn_civil_from_day(int32_t day, int32_t *year, int *month, int *dom);

static inline bool
dn_day_finite(int32_t day)
{
	return day != DN_DAY_NEVER && day != DN_DAY_EVER;
}

/* day + n, where an infinite day stays what it is and an overflow becomes one */
static inline int32_t
dn_day_add(int32_t day, int64_t n)
{
	int64_t		sum;

	if (!dn_day_finite(day))
		return day;
	sum = (int64_t) day + n;
	if (sum > DN_DAY_LAST)
		return DN_DAY_NEVER;
	if (sum < DN_DAY_FIRST)
		return DN_DAY_EVER;
	return (int32_t) sum;
}

#endif
