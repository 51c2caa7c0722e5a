/* core/daycount.c: see daycount.h */
#include "daycount.h"

#include "days.h"

bool
dn_leap_year(int32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* The year of a day from 0001-01-01 on. */
int32_t
dn_year_of(int32_t day)
{
	int32_t		year;
	int			month,
				dom;

	dn_civil_from_day(day, &year, &month, &dom);
	return year;
}

/*
 * The same day of the month so many months later, at most the last one of that
 * month; DN_DAY_NEVER after the year 9999.
 */
int32_t
dn_add_months(int32_t day, int64_t months)
{
	int32_t		year;
	int			month,
				dom;
	int64_t		m;
	int32_t		out;

	dn_civil_from_day(day, &year, &month, &dom);
	m = month - 1 + months;
	if (year + m / 12 > DN_YEAR_MAX)
		return DN_DAY_NEVER;
	while (!dn_day_from_civil(year + m / 12, (int) (m % 12) + 1, dom, &out))
		dom--;
	return out;
}

/* The point of a day count that looks at the calendar. */
int64_t
dn_civil_point(DnDayCount count, int32_t day)
{
	int32_t		year;
	int			month,
				dom;
	int32_t		first;

	dn_civil_from_day(day, &year, &month, &dom);
	if (count == DN_30_360)
		return 360 * (int64_t) year + 30 * month + (dom < 30 ? dom : 30);

	/* a common year weighs 365 * 366, a leap year 366 * 365: the same */
	if (!dn_day_from_civil(year, 1, 1, &first))
		first = DN_INTEREST_FIRST - 366;	/* the year before the first */
	return (int64_t) year * DN_ACT_ACT_YEAR +
		((int64_t) day - first + 1) * (dn_leap_year(year) ? 365 : 366);
}

const char *
dn_daycount_name(DnDayCount count)
{
	switch (count)
	{
		case DN_ACT_ACT:
			return "act/act";
		case DN_ACT_360:
			return "act/360";
		case DN_30_360:
			return "30/360";
		default:
			return "act/365";
	}
}
