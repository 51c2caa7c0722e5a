/*
 * core/daycount.h: what a day weighs in a year, by the day count.
 *
 * Every day count is additive: a day has a weight, a whole number of the parts
 * into which the day count divides a year, and a period weighs the sum of its
 * days.  So a period may be split anywhere and nothing changes.
 *
 *   act/365, act/360  1 a day of 365 or 360
 *   act/act           366 for a day of a common year, 365 for one of a leap year,
 *                     of 365 * 366: 1/365 and 1/366 (ISDA)
 *   30/360            the step of the point 360 y + 30 m + min(d, 30) from the
 *                     day before, of 360 (the European one, 30E/360): the 31st
 *                     weighs nothing, the first of March up to three
 */
#ifndef DN_DAYCOUNT_H
#define DN_DAYCOUNT_H

#include "days.h"
#include "rates.h"

typedef enum DnDayCount
{
	DN_ACT_365,
	DN_ACT_ACT,
	DN_ACT_360,
	DN_30_360
} DnDayCount;

/* Interest is computed for days that a literal can say. */
#define DN_INTEREST_FIRST DN_LITERAL_FIRST
#define DN_INTEREST_LAST DN_LITERAL_LAST

/* A year of act/act: the least number that both 365 and 366 divide. */
#define DN_ACT_ACT_YEAR (365 * 366)

extern int64_t dn_civil_point(DnDayCount count, int32_t day);
extern const char *dn_daycount_name(DnDayCount count);

/* The parts into which a day count divides a year. */
static inline int64_t
dn_daycount_year(DnDayCount count)
{
	return count == DN_ACT_365 ? 365 : count == DN_ACT_ACT ? DN_ACT_ACT_YEAR : 360;
}

/* interest = amount * sum of rate * weight / (parts * 100 percent * units) */
static inline int64_t
dn_daycount_divisor(DnDayCount count)
{
	return dn_daycount_year(count) * 100 * DN_RATE_UNIT;
}

/*
 * A number whose difference between two days is the weight of the days after
 * the first up to the second; for days from the one before DN_INTEREST_FIRST.
 */
static inline int64_t
dn_day_point(DnDayCount count, int32_t day)
{
	return count == DN_ACT_365 || count == DN_ACT_360 ? day : dn_civil_point(count, day);
}

#endif
