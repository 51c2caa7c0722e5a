/*
 * core/days.h: days as integers, and the one calendar.
 *
 * A day is the number of days since 2000-01-01 in the proleptic Gregorian
 * calendar, which is also how PostgreSQL counts.  The two infinities are the
 * ends of int32; arithmetic on days is done in int64 and saturates to them,
 * since a reminder that lies beyond the calendar simply never comes.
 *
 * A year is a number: 0 is 1 BC.  The calendar covers every finite day, and a
 * day before the first or after the last one is an int64.
 */
#ifndef DN_DAYS_H
#define DN_DAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "invariant.h"

#define DN_DAY_NEVER	INT32_MAX	/* infinity */
#define DN_DAY_EVER		INT32_MIN	/* -infinity */
#define DN_DAY_FIRST	(-2451545)	/* 4714-11-24 BC, the first day that a date holds */
#define DN_DAY_LAST		2145031948	/* 5874897-12-31, the last one */

/* What a literal may say: four-digit years. */
#define DN_YEAR_MIN 1
#define DN_YEAR_MAX 9999
#define DN_LITERAL_FIRST (-730119)	/* 0001-01-01 */
#define DN_LITERAL_LAST 2921939	/* 9999-12-31 */

/*
 * The calendar repeats after an era of 400 years.  Years are counted from
 * March, so that the leap day is the last of its year and every month's offset
 * is one formula, and from 4801 BC, so that every day is a positive number.
 */
#define DN_ERA_YEARS 400
#define DN_ERA_DAYS 146097
#define DN_YEAR_OFFSET (12 * DN_ERA_YEARS)
#define DN_DAY_OFFSET (730425 + 12 * DN_ERA_DAYS)	/* 730425 days from 1 March of year 0 */

extern bool dn_day_from_civil(int64_t year, int month, int day, int32_t *out);
extern int32_t dn_add_months(int32_t day, int64_t months);

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
	if (__builtin_add_overflow((int64_t) day, n, &sum))
		return n > 0 ? DN_DAY_NEVER : DN_DAY_EVER;
	if (sum > DN_DAY_LAST)
		return DN_DAY_NEVER;
	if (sum < DN_DAY_FIRST)
		return DN_DAY_EVER;
	return (int32_t) sum;
}

static inline bool
dn_leap_year(int32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static inline int
dn_month_length(int32_t year, int month)
{
	if (month == 2)
		return dn_leap_year(year) ? 29 : 28;
	return 30 + ((month + (month > 7)) & 1);
}

/* 0 is Monday */
static inline int
dn_weekday(int32_t day)
{
	return (day % 7 + 12) % 7;
}

/* The year, month and day of the month of any finite day. */
static inline void
dn_civil(int32_t day, int32_t *year, int *month, int *dom)
{
	uint32_t	z = (uint32_t) ((int64_t) day + DN_DAY_OFFSET);
	uint32_t	era = z / DN_ERA_DAYS;
	uint32_t	doe = z - era * DN_ERA_DAYS;
	uint32_t	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint32_t	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint32_t	mp = (5 * doy + 2) / 153;

	dn_assert((int64_t) day + DN_DAY_OFFSET >= 0);
	*dom = (int) (doy - (153 * mp + 2) / 5 + 1);
	*month = (int) (mp < 10 ? mp + 3 : mp - 9);
	*year = (int32_t) (yoe + era * DN_ERA_YEARS) - DN_YEAR_OFFSET + (*month <= 2 ? 1 : 0);
}

static inline int32_t
dn_year_of(int32_t day)
{
	int32_t		year;
	int			month,
				dom;

	dn_civil(day, &year, &month, &dom);
	return year;
}

/*
 * The inverse, for any year.  Not checked: the caller knows that the month has
 * such a day.
 */
static inline int64_t
dn_civil_day(int32_t year, int month, int dom)
{
	int64_t		y = (int64_t) year + DN_YEAR_OFFSET - (month <= 2 ? 1 : 0);
	int64_t		era = (y >= 0 ? y : y - (DN_ERA_YEARS - 1)) / DN_ERA_YEARS;
	int64_t		yoe = y - era * DN_ERA_YEARS;
	int64_t		doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + dom - 1;

	dn_assert(month >= 1 && month <= 12 && dom >= 1 && dom <= dn_month_length(year, month));
	return era * DN_ERA_DAYS + yoe * 365 + yoe / 4 - yoe / 100 + doy - DN_DAY_OFFSET;
}

/* Day dom of a month, or the last one of a shorter month. */
static inline int64_t
dn_month_day(int32_t year, int month, int dom)
{
	int			length = dn_month_length(year, month);

	return dn_civil_day(year, month, dom < length ? dom : length);
}

/* Goes n months on, or back if n is below 0. */
static inline void
dn_go_months(int32_t *year, int *month, int32_t n)
{
	int64_t		m = (int64_t) *year * 12 + *month - 1 + n;
	int64_t		y = (m >= 0 ? m : m - 11) / 12;

	dn_assert(y >= INT32_MIN && y <= INT32_MAX);
	*year = (int32_t) y;
	*month = (int) (m - y * 12) + 1;
}

#endif
