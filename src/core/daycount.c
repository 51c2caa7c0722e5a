/* core/daycount.c: see daycount.h */
#include "daycount.h"

/* The point of a day count that looks at the calendar. */
int64_t
dn_civil_point(DnDayCount count, int32_t day)
{
	int32_t		year;
	int			month,
				dom;

	dn_civil(day, &year, &month, &dom);
	if (count == DN_30_360)
		return 360 * (int64_t) year + 30 * month + (dom < 30 ? dom : 30);

	/* a common year weighs 365 * 366, a leap year 366 * 365: the same */
	return (int64_t) year * DN_ACT_ACT_YEAR +
		(day - dn_civil_day(year, 1, 1) + 1) * (dn_leap_year(year) ? 365 : 366);
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
