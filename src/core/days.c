/* core/days.c: the proleptic Gregorian calendar in integers */
#include "days.h"

static bool
leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/*
 * The day of a year, month and day of the month; false where the calendar has
 * no such day.  Years are counted from March, so that the leap day is the last
 * of its year and every month's offset is one formula.
 */
bool
dn_day_from_civil(int64_t year, int month, int day, int32_t *out)
{
	static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t		y,
				era,
				yoe,
				doy,
				doe;

	if (year < DN_YEAR_MIN || year > DN_YEAR_MAX || month < 1 || month > 12)
		return false;
	if (day < 1 || day > length[month - 1] + (month == 2 && leap(year) ? 1 : 0))
		return false;

	y = month <= 2 ? year - 1 : year;
	era = y / 400;
	yoe = y - era * 400;
	doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	*out = (int32_t) (era * 146097 + doe - 730425);
	return true;
}

/* The inverse, for any finite day from 0001-01-01 on. */
void
dn_civil_from_day(int32_t day, int32_t *year, int *month, int *dom)
{
	int64_t		z = (int64_t) day + 730425;
	int64_t		era = z / 146097;
	int64_t		doe = z - era * 146097;
	int64_t		yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t		doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t		mp = (5 * doy + 2) / 153;

	*dom = (int) (doy - (153 * mp + 2) / 5 + 1);
	*month = (int) (mp < 10 ? mp + 3 : mp - 9);
	*year = (int32_t) (yoe + era * 400 + (*month <= 2 ? 1 : 0));
}
