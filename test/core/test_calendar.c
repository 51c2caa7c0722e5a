/* test_calendar.c: business days of core/calendar.c */
#include "core/calendar.h"

#include "mutate.h"
#include "tap.h"

static DnCalendarRoom room;
static DnCalendarRoom room2;

static bool
parse(const char *text, DnCalendar *c)
{
	DnError		err;

	return dn_parse_calendar(text, strlen(text), &room, c, &err);
}

/* The epact method, which shares nothing with the one under test. */
static int32_t
easter_by_epact(int32_t year)
{
	int32_t		golden = year % 19 + 1;
	int32_t		century = year / 100 + 1;
	int32_t		solar = 3 * century / 4 - 12;
	int32_t		lunar = (8 * century + 5) / 25 - 5;
	int32_t		sunday = 5 * year / 4 - solar - 10;
	int32_t		epact = ((11 * golden + 20 + lunar - solar) % 30 + 30) % 30;
	int32_t		moon;

	if ((epact == 25 && golden > 11) || epact == 24)
		epact++;
	moon = 44 - epact;
	if (moon < 21)
		moon += 30;
	moon = moon + 7 - (sunday + moon) % 7;
	return (int32_t) dn_civil_day(year, moon > 31 ? 4 : 3, moon > 31 ? moon - 31 : moon);
}

static void
easter(void)
{
	int			wrong = 0;
	int32_t		year;

	for (year = DN_EASTER_YEAR_MIN; year <= 9999; year++)
		wrong += dn_easter(year) != easter_by_epact(year) || dn_weekday(dn_easter(year)) != 6;
	is_int(wrong, 0, "Easter of every year is that of the epacts, a Sunday");
	is_int(dn_easter(2026), dn_civil_day(2026, 4, 5), "Easter 2026 is 5 April");
	is_int(dn_easter(1818), dn_civil_day(1818, 3, 22), "Easter 1818 is 22 March, the earliest");
	is_int(dn_easter(1943), dn_civil_day(1943, 4, 25), "Easter 1943 is 25 April, the latest");
	dn_easter(INT32_MIN / 4);
	dn_easter(5874897);
}

/* Rules beside what they mean, over every day of forty years. */
static void
rules(void)
{
	DnCalendar	c;
	int32_t		day;
	int			wrong = 0,
				found = 0;

	ok(parse("sat sun; mon>=05-01; mon<=05-31; 02-29; 12-25 if mon fri; easter+1 from 2000 until 2010; mon>=12-29; open sat>=12-01", &c),
	   "a calendar with every kind of rule");
	for (day = (int32_t) dn_civil_day(1990, 1, 1); day < dn_civil_day(2030, 1, 1); day++)
	{
		int32_t		y;
		int			m,
					d,
					w = dn_weekday(day);
		bool		holiday,
					open;

		dn_civil(day, &y, &m, &d);
		holiday = (w == 0 && m == 5 && (d <= 7 || d >= 25)) || (m == 2 && d == 29) ||
			(m == 12 && d == 25 && (w == 0 || w == 4)) ||
			(w == 0 && y >= 2000 && y <= 2010 && day == dn_easter(y) + 1) ||
			(w == 0 && ((m == 12 && d >= 29) || (m == 1 && d <= 4)));
		open = w == 5 && m == 12 && d <= 7;
		found += holiday;
		wrong += dn_is_holiday(&c, day) != holiday ||
			dn_is_business_day(&c, day) != (open || (w < 5 && !holiday));
	}
	ok(wrong == 0 && found > 100, "every rule on every day (%d holidays, %d wrong)", found, wrong);
}

/* Dates are looked for in the middle; a day can be a holiday and open at once. */
static void
dates(void)
{
	static char text[DN_HOLIDAYS_MAX * 20];
	static bool listed[20000];
	static bool open[20000];
	DnOut		out = {text, sizeof(text), 0};
	DnCalendar	c;
	DnError		err;
	int			wrong = 0;
	int32_t		i;

	dn_put(&out, "sat sun; open 12-25");
	for (i = 0; i < 1500; i++)
	{
		int32_t		day = (int32_t) mutate_random(20000);
		bool		is_open = mutate_random(4) == 0;

		*(is_open ? &open[day] : &listed[day]) = true;
		dn_put(&out, is_open ? ";open " : ";");
		dn_put_date(&out, day);
	}
	ok(out.len <= out.cap && dn_parse_calendar(text, out.len, &room, &c, &err), "1,500 dates");
	for (i = 0; i < 20000; i++)
	{
		int32_t		y;
		int			m,
					d;
		bool		opened;

		dn_civil(i, &y, &m, &d);
		opened = open[i] || (m == 12 && d == 25);
		wrong += dn_is_holiday(&c, i) != (listed[i] && !opened) ||
			dn_is_business_day(&c, i) != (opened || (!listed[i] && dn_weekday(i) < 5));
	}
	is_int(wrong, 0, "every one of them and no other");
}

/* Shifts and counted business days against a walk from day to day. */
static void
moves(void)
{
	DnCalendar	c;
	int			wrong = 0;
	int			i;

	ok(parse("fri sat; 01-01; easter-2; 2026-05-15; 12-25; 12-26; 12-27", &c), "a calendar with another weekend");
	for (i = 0; i < 20000; i++)
	{
		int32_t		day = 9000 + (int32_t) mutate_random(2000);
		int32_t		n = (int32_t) mutate_random(41) - 20;
		int32_t		expected,
					got,
					k;
		int32_t		y[2];
		int			m[2],
					d;

		expected = day;
		for (k = n; k != 0; k += n > 0 ? -1 : 1)
			do
				expected += n > 0 ? 1 : -1;
			while (!dn_is_business_day(&c, expected));
		wrong += dn_add_business_days(&c, day, n, &got) != DN_DAY_FOUND || got != expected;

		for (expected = day; !dn_is_business_day(&c, expected); expected++)
			;
		wrong += dn_shift(&c, DN_SHIFT_FOLLOWING, day, &got) != DN_DAY_FOUND || got != expected;
		dn_civil(day, &y[0], &m[0], &d);
		dn_civil(expected, &y[1], &m[1], &d);
		if (m[0] != m[1])
			for (expected = day; !dn_is_business_day(&c, expected); expected--)
				;
		wrong += dn_shift(&c, DN_SHIFT_MODIFIED, day, &got) != DN_DAY_FOUND || got != expected;
		for (expected = day; !dn_is_business_day(&c, expected); expected--)
			;
		wrong += dn_shift(&c, DN_SHIFT_PRECEDING, day, &got) != DN_DAY_FOUND || got != expected;
		wrong += dn_shift(&c, DN_SHIFT_NONE, day, &got) != DN_DAY_FOUND || got != day;
	}
	is_int(wrong, 0, "shifts and counted business days are those of a walk");
}

static void
edges(void)
{
	DnCalendar	c;
	int32_t		day;

	parse("sat sun", &c);
	ok(dn_shift(&c, DN_SHIFT_FOLLOWING, DN_DAY_NEVER, &day) == DN_DAY_FOUND && day == DN_DAY_NEVER, "infinity is not shifted");
	ok(dn_add_business_days(&c, DN_DAY_EVER, 5, &day) == DN_DAY_FOUND && day == DN_DAY_EVER, "nor counted from");
	ok(dn_add_business_days(&c, DN_DAY_LAST, 1, &day) == DN_DAY_BEYOND, "the calendar ends");
	ok(dn_add_business_days(&c, DN_DAY_FIRST, -1, &day) == DN_DAY_BEYOND, "and begins");
	parse("mon tue wed thu fri sat; sun>=01-01; sun<=12-31", &c);
	ok(dn_add_business_days(&c, 0, 1, &day) == DN_DAY_FOUND, "a few days are left");
	parse("mon tue wed thu fri sat; easter; sun>=01-01; sun>=01-08; sun>=01-15; sun>=01-22; sun>=01-29; sun>=02-05; sun>=02-12; "
		  "sun>=02-19; sun>=02-26; sun>=03-05; sun>=03-12; sun>=03-19; sun>=03-26; sun>=04-02; sun>=04-09; sun>=04-16; sun>=04-23; "
		  "sun>=04-30; sun>=05-07; sun>=05-14; sun>=05-21; sun>=05-28; sun>=06-04; sun>=06-11; sun>=06-18; sun>=06-25; sun>=07-02; "
		  "sun>=07-09; sun>=07-16; sun>=07-23; sun>=07-30; sun>=08-06; sun>=08-13; sun>=08-20; sun>=08-27; sun>=09-03; sun>=09-10; "
		  "sun>=09-17; sun>=09-24; sun>=10-01; sun>=10-08; sun>=10-15; sun>=10-22; sun>=10-29; sun>=11-05; sun>=11-12; sun>=11-19; "
		  "sun>=11-26; sun>=12-03; sun>=12-10; sun>=12-17; sun>=12-24; sun>=12-31; sun<=12-31", &c);
	ok(dn_shift(&c, DN_SHIFT_FOLLOWING, 0, &day) == DN_DAY_CLOSED, "a calendar without a business day");
}

static void
mutations(void)
{
	static const char *const seeds[] = {
		"sat sun; 01-01; 05-08 from 1982; easter+1; mon>=05-01; 12-27 if mon tue; 2020-05-08; open 2020-05-04",
		"no weekend; easter-2 from 2000 until 2030; wed<=11-22 until 1994; open sat>=12-01 if sat",
		"fri; 02-29", "2026-01-01; 2025-01-01; 2026-01-01"
	};
	int			accepted = 0,
				wrong = 0;
	int			i;

	for (i = 0; i < 200000; i++)
	{
		size_t		len,
					out_len,
					again_len;
		char	   *text = mutate(seeds[i % 4], &len);
		DnCalendar	c,
					again;
		DnError		err = {DN_OK, 0, NULL};

		if (dn_parse_calendar(text, len, &room, &c, &err))
		{
			char	   *out = printed(dn_print_calendar, &c, &out_len);

			accepted++;
			wrong += !dn_calendar_valid(&c);
			if (!dn_parse_calendar(out, out_len, &room2, &again, &err))
				wrong++;
			else
			{
				char	   *out2 = printed(dn_print_calendar, &again, &again_len);

				wrong += out_len != again_len || memcmp(out, out2, out_len) != 0 ||
					c.weekend != again.weekend || c.n != again.n ||
					memcmp(c.holiday, again.holiday, (size_t) c.n * sizeof(DnHoliday)) != 0;
				free(out2);
			}
			free(out);
		}
		else
			wrong += err.code == DN_OK || err.at > len || err.what == NULL;
		free(text);
	}
	ok(wrong == 0 && accepted > 10000 && accepted < 190000, "mutated calendars are refused with a reason or read back (%d accepted, %d wrong)", accepted, wrong);
}

int
main(void)
{
	easter();
	rules();
	dates();
	moves();
	edges();
	mutations();
	return done_testing();
}
