/* test_days.c: the calendar of core/days.c against one that counts day by day */
#include "core/days.h"

#include "mutate.h"
#include "tap.h"

/* The Gregorian rule said in another way than days.c says it. */
static bool
leap_year(int year)
{
	if (year % 400 == 0)
		return true;
	if (year % 100 == 0)
		return false;
	return year % 4 == 0;
}

static int
month_length(int year, int month)
{
	switch (month)
	{
		case 2:
			return leap_year(year) ? 29 : 28;
		case 4:
		case 6:
		case 9:
		case 11:
			return 30;
		default:
			return 31;
	}
}

/* Days whose numbers are known from PostgreSQL: d - date '2000-01-01'. */
static void
known_days(void)
{
	static const struct
	{
		int			year,
					month,
					day,
					number;
	}			known[] = {
		{2000, 1, 1, 0},
		{1999, 12, 31, -1},
		{2000, 2, 29, 59},
		{2000, 12, 31, 365},
		{1970, 1, 1, -10957},
		{2026, 7, 1, 9678},
		{1, 1, 1, -730119},
		{9999, 12, 31, 2921939},
	};
	size_t		i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		int32_t		number = 0;

		ok(dn_day_from_civil(known[i].year, known[i].month, known[i].day, &number),
		   "%04d-%02d-%02d is a day", known[i].year, known[i].month, known[i].day);
		is_int(number, known[i].number, "its number");
	}
}

/* Every day of the years a literal may name, both ways. */
static void
every_day(void)
{
	int64_t		number = DN_LITERAL_FIRST;
	int64_t		wrong = 0;
	int			year,
				month,
				day;

	for (year = DN_YEAR_MIN; year <= DN_YEAR_MAX; year++)
		for (month = 1; month <= 12; month++)
			for (day = 1; day <= month_length(year, month); day++, number++)
			{
				int32_t		n = 0,
							y = 0;
				int			m = 0,
							d = 0;

				if (!dn_day_from_civil(year, month, day, &n) || n != number)
					wrong++;
				dn_civil((int32_t) number, &y, &m, &d);
				if (y != year || m != month || d != day)
					wrong++;
			}
	is_int(wrong, 0, "every day of the years %d to %d, both ways", DN_YEAR_MIN, DN_YEAR_MAX);
	is_int(number, DN_LITERAL_LAST + 1, "and there is none more");
}

static void
no_such_day(void)
{
	int32_t		n = 42;
	int			year,
				month,
				wrong = 0;

	for (year = 1896; year <= 2104; year++)
		for (month = 1; month <= 12; month++)
			if (dn_day_from_civil(year, month, month_length(year, month) + 1, &n) ||
				dn_day_from_civil(year, month, 0, &n))
				wrong++;
	is_int(wrong, 0, "no month has a day too many");
	ok(!dn_day_from_civil(1900, 2, 29, &n), "1900-02-29 is no day");
	ok(!dn_day_from_civil(2026, 0, 1, &n), "month 0 is refused");
	ok(!dn_day_from_civil(2026, 13, 1, &n), "month 13 is refused");
	ok(!dn_day_from_civil(2026, -1, 1, &n), "month -1 is refused");
	ok(!dn_day_from_civil(2026, 1, -1, &n), "day -1 is refused");
	ok(!dn_day_from_civil(2026, 1, INT32_MAX, &n), "a very large day is refused");
	ok(!dn_day_from_civil(0, 1, 1, &n), "year 0 is refused");
	ok(!dn_day_from_civil(10000, 1, 1, &n), "year 10000 is refused");
	ok(!dn_day_from_civil(INT64_MAX, 1, 1, &n), "the largest year is refused");
	ok(!dn_day_from_civil(INT64_MIN, 1, 1, &n), "the smallest year is refused");
	is_int(n, 42, "a refused day leaves the result alone");
}

/*
 * A walk over the whole range of years that PostgreSQL's date has, day by day
 * for the first and last ones, with the months' lengths said by hand.
 */
static void
civil(void)
{
	int32_t		year,
				y;
	int			month,
				dom,
				m,
				d;
	int64_t		day = DN_DAY_FIRST;
	int			wrong = 0;

	dn_civil(DN_DAY_FIRST, &y, &m, &d);
	ok(y == -4713 && m == 11 && d == 24, "the first day is 24 November 4714 BC");
	dn_civil(DN_DAY_LAST, &y, &m, &d);
	ok(y == 5874897 && m == 12 && d == 31, "the last day is 31 December 5874897");
	dn_civil(0, &y, &m, &d);
	ok(y == 2000 && m == 1 && d == 1 && dn_weekday(0) == 5, "day 0 is Saturday, 1 January 2000");

	year = -4713;
	month = 11;
	dom = 24;
	for (; day < 1500000; day++)
	{
		int			last = month_length(year, month);

		dn_civil((int32_t) day, &y, &m, &d);
		wrong += y != year || m != month || d != dom || dn_civil_day(year, month, dom) != day ||
			dn_month_length(year, month) != last;
		if (++dom > last)
		{
			dom = 1;
			if (++month > 12)
			{
				month = 1;
				year++;
			}
		}
	}
	is_int(wrong, 0, "four million days one by one");
	for (day = 0; day < 1000000; day++)
	{
		int32_t		any = (int32_t) (DN_DAY_FIRST + (int64_t) mutate_random((uint64_t) ((int64_t) DN_DAY_LAST - DN_DAY_FIRST + 1)));

		dn_civil(any, &y, &m, &d);
		wrong += dn_civil_day(y, m, d) != any || dn_weekday(any) != ((int64_t) any + 7 * INT64_C(1000000000) + 5) % 7;
	}
	is_int(wrong, 0, "and any others there and back");
	for (day = 0; day < 1000000; day++)
	{
		y = (int32_t) mutate_random(20000) - 10000;
		m = 1 + (int) mutate_random(12);
		d = 1 + (int) mutate_random(28);
		wrong += dn_civil_day(y + DN_ERA_YEARS, m, d) - dn_civil_day(y, m, d) != DN_ERA_DAYS;
	}
	is_int(wrong, 0, "an era on, from years before the first day too");
}

/* Months on and back, against going month by month. */
static void
months(void)
{
	int			wrong = 0;
	int			i;

	for (i = 0; i < 100000; i++)
	{
		int32_t		n = (int32_t) mutate_random(3000) - 1500,
					k,
					year = (int32_t) mutate_random(12000) - 6000,
					y = year;
		int			month = 1 + (int) mutate_random(12),
					m = month,
					dom = 1 + (int) mutate_random(31);

		for (k = 0; k < (n < 0 ? -n : n); k++)
		{
			m += n < 0 ? -1 : 1;
			if (m == 0 || m == 13)
			{
				y += n < 0 ? -1 : 1;
				m = m == 0 ? 12 : 1;
			}
		}
		dn_go_months(&year, &month, n);
		wrong += year != y || month != m;
		k = month_length(y, m);
		wrong += dn_month_day(y, m, dom) != dn_civil_day(y, m, dom < k ? dom : k);
	}
	is_int(wrong, 0, "months on and back");
	is_int(dn_add_months(DN_LITERAL_FIRST + 30, 1), DN_LITERAL_FIRST + 58, "a month after 0001-01-31 is 0001-02-28");
	is_int(dn_add_months(59, 12), 59 + 365, "a year after 2000-02-29 is 2001-02-28");
	is_int(dn_add_months(DN_LITERAL_LAST - 31, 1), DN_LITERAL_LAST - 1, "up to the last month of a literal");
	is_int(dn_add_months(DN_LITERAL_LAST, 1), DN_DAY_NEVER, "after it never");
	is_int(dn_add_months(0, INT64_MAX), DN_DAY_NEVER, "so many months are never");
}

/* Far days, as PostgreSQL's date holds them beyond the year 9999. */
static void
far_days(void)
{
	int32_t		year;
	int			month,
				day;

	dn_civil(2921940, &year, &month, &day);
	ok(year == 10000 && month == 1 && day == 1, "the day after 9999-12-31 is 10000-01-01");
	dn_civil(DN_DAY_LAST, &year, &month, &day);
	ok(year == 5874897 && month == 12 && day == 31, "the last day is 5874897-12-31");
}

static void
addition(void)
{
	is_int(dn_day_add(0, 30), 30, "30 days on");
	is_int(dn_day_add(30, -45), -15, "45 days back");
	is_int(dn_day_add(DN_DAY_LAST - 1, 1), DN_DAY_LAST, "up to the last day");
	is_int(dn_day_add(DN_DAY_LAST, 1), DN_DAY_NEVER, "past the last day is never");
	is_int(dn_day_add(DN_DAY_FIRST + 1, -1), DN_DAY_FIRST, "down to the first day");
	is_int(dn_day_add(DN_DAY_FIRST, -1), DN_DAY_EVER, "before the first day is ever");
	is_int(dn_day_add(0, INT32_MAX), DN_DAY_NEVER, "a very long wait is never");
	is_int(dn_day_add(0, INT32_MIN), DN_DAY_EVER, "a very long way back is ever");
	is_int(dn_day_add(DN_DAY_LAST, INT64_MAX), DN_DAY_NEVER, "the longest wait is never");
	is_int(dn_day_add(DN_DAY_FIRST, INT64_MIN), DN_DAY_EVER, "the longest way back is ever");
	is_int(dn_day_add(DN_DAY_NEVER, -1), DN_DAY_NEVER, "never stays never");
	is_int(dn_day_add(DN_DAY_EVER, 1), DN_DAY_EVER, "ever stays ever");
	ok(!dn_day_finite(DN_DAY_NEVER) && !dn_day_finite(DN_DAY_EVER), "the infinities are not finite");
	ok(dn_day_finite(DN_DAY_FIRST) && dn_day_finite(DN_DAY_LAST) && dn_day_finite(0), "all other days are");
}

int
main(void)
{
	known_days();
	every_day();
	no_such_day();
	civil();
	months();
	far_days();
	addition();
	return done_testing();
}
