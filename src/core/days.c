/* core/days.c: see days.h */
#include "days.h"

/* The day of a year, month and day of the month; false if a literal cannot say it. */
bool
dn_day_from_civil(int64_t year, int month, int day, int32_t *out)
{
	if (year < DN_YEAR_MIN || year > DN_YEAR_MAX || month < 1 || month > 12)
		return false;
	if (day < 1 || day > dn_month_length((int32_t) year, month))
		return false;
	*out = (int32_t) dn_civil_day((int32_t) year, month, day);
	return true;
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

	if (months > DN_YEAR_MAX * 12)
		return DN_DAY_NEVER;
	dn_civil(day, &year, &month, &dom);
	dn_go_months(&year, &month, (int32_t) months);
	return year > DN_YEAR_MAX ? DN_DAY_NEVER : (int32_t) dn_month_day(year, month, dom);
}
