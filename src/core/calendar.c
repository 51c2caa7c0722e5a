/* core/calendar.c: see calendar.h */
#include "calendar.h"

#include <stdlib.h>
#include <string.h>

static const char *const weekday_name[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static const char *const rule_what =
	"weekdays, a holiday such as 12-25, 2026-05-15, easter+1 or mon>=05-01, or \"open\" and a day was expected";
static const char *const year_what =
	"a year from " DN_STR(DN_YEAR_MIN) " to " DN_STR(DN_YEAR_MAX) " was expected";
static const char *const month_day_what = "a month and day written MM-DD was expected";

/* Takes a weekday's name if it stands here, otherwise takes nothing. */
static bool
scan_weekday(DnScan *s, int *weekday)
{
	int			i;

	for (i = 0; i < 7; i++)
		if (dn_keyword(s, weekday_name[i]))
		{
			*weekday = i;
			return true;
		}
	return false;
}

static uint8_t
scan_weekdays(DnScan *s)
{
	uint8_t		mask = 0;
	int			weekday;

	while (scan_weekday(s, &weekday))
		mask |= (uint8_t) (1 << weekday);
	return mask;
}

static bool
at_digits(const DnScan *s, int n)
{
	int			i;

	if (s->end - s->p < n)
		return false;
	for (i = 0; i < n; i++)
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
	return true;
}

/* MM-DD, also 02-29, as month * 100 + day */
static bool
scan_month_day(DnScan *s, int32_t *n)
{
	const char *begin;
	int			month,
				dom;

	dn_space(s);
	begin = s->p;
	if (!at_digits(s, 2))
		return dn_fail(s, DN_SYNTAX, month_day_what);
	month = (s->p[0] - '0') * 10 + s->p[1] - '0';
	s->p += 2;
	if (s->p == s->end || *s->p != '-')
		return dn_fail_at(s, begin, DN_SYNTAX, month_day_what);
	s->p++;
	if (!at_digits(s, 2) || at_digits(s, 3))
		return dn_fail_at(s, begin, DN_SYNTAX, month_day_what);
	dom = (s->p[0] - '0') * 10 + s->p[1] - '0';
	s->p += 2;
	if (month < 1 || month > 12 || dom < 1 || dom > dn_month_length(2000, month))
		return dn_fail_at(s, begin, DN_DATE, "the calendar has no such day");
	*n = month * 100 + dom;
	return true;
}

/* "from YEAR", "until YEAR" and "if WEEKDAYS", each at most once */
static bool
scan_conditions(DnScan *s, DnHoliday *h)
{
	for (;;)
	{
		const char *begin;
		int32_t		year;
		bool		again;

		dn_space(s);
		begin = s->p;
		if (dn_keyword(s, "from"))
		{
			again = h->from != 0;
			if (!dn_int(s, DN_YEAR_MIN, DN_YEAR_MAX, &year, year_what))
				return false;
			h->from = (int16_t) year;
		}
		else if (dn_keyword(s, "until"))
		{
			again = h->until != 0;
			if (!dn_int(s, DN_YEAR_MIN, DN_YEAR_MAX, &year, year_what))
				return false;
			h->until = (int16_t) year;
		}
		else if (dn_keyword(s, "if"))
		{
			again = h->only != 0;
			h->only = scan_weekdays(s);
			if (h->only == 0)
				return dn_fail(s, DN_SYNTAX, "weekdays such as mon tue were expected");
			if (h->only == 0x7F)
				h->only = 0;
		}
		else
			break;
		if (again)
			return dn_fail_at(s, begin, DN_SYNTAX, "a holiday says from, until and if at most once each");
	}
	if (h->until != 0 && h->from > h->until)
		return dn_fail(s, DN_RANGE, "the first year of a holiday must not come after its last one");
	return true;
}

/* One holiday, whose weekday may have been read already. */
static bool
scan_holiday(DnScan *s, DnHoliday *h, int weekday)
{
	dn_space(s);
	if (weekday >= 0)
	{
		h->weekday = (uint8_t) weekday;
		h->kind = *s->p == '>' ? DN_HOLIDAY_FROM : DN_HOLIDAY_UPTO;
		s->p += 2;
		if (!scan_month_day(s, &h->n))
			return false;
	}
	else if (dn_keyword(s, "easter"))
	{
		h->kind = DN_HOLIDAY_EASTER;
		if ((dn_peek(s, '+') || dn_peek(s, '-')) &&
			!dn_int(s, -DN_EASTER_OFFSET_MAX, DN_EASTER_OFFSET_MAX, &h->n,
					"a number of days from Easter was expected, at most "
					DN_STR(DN_EASTER_OFFSET_MAX) " either way"))
			return false;
	}
	else if (at_digits(s, 4))
	{
		h->kind = DN_HOLIDAY_DATE;
		return dn_date(s, &h->n);
	}
	else if (at_digits(s, 2))
	{
		h->kind = DN_HOLIDAY_FIXED;
		if (!scan_month_day(s, &h->n))
			return false;
	}
	else
		return dn_fail(s, DN_SYNTAX, rule_what);
	return scan_conditions(s, h);
}

static bool
at_comparison(DnScan *s)
{
	dn_space(s);
	return s->end - s->p >= 2 && (s->p[0] == '>' || s->p[0] == '<') && s->p[1] == '=';
}

/* What stands between two semicolons. */
static bool
scan_item(DnScan *s, DnCalendarRoom *room, DnCalendar *c, bool *has_weekend)
{
	const char *begin;
	DnHoliday	h;
	int			weekday;

	dn_space(s);
	begin = s->p;
	memset(&h, 0, sizeof(h));
	if (dn_keyword(s, "no"))
	{
		*has_weekend = true;
		return dn_keyword(s, "weekend") || dn_fail(s, DN_SYNTAX, "\"no weekend\" was expected");
	}
	if (dn_keyword(s, "open"))
		h.open = 1;
	if (!scan_weekday(s, &weekday))
		weekday = -1;
	else if (!at_comparison(s))
	{
		if (h.open)
			return dn_fail(s, DN_SYNTAX, ">= or <= and a day were expected");
		c->weekend |= (uint8_t) (1 << weekday) | scan_weekdays(s);
		*has_weekend = true;
		if (c->weekend == 0x7F)
			return dn_fail_at(s, begin, DN_SYNTAX, "a week must have a business day");
		return true;
	}
	if (c->n == DN_HOLIDAYS_MAX)
		return dn_fail_at(s, begin, DN_LIMIT, "a calendar has at most " DN_STR(DN_HOLIDAYS_MAX) " holidays");
	if (!scan_holiday(s, &h, weekday))
		return false;
	room->holiday[c->n++] = h;
	return true;
}

static int
compare_holidays(const void *va, const void *vb)
{
	const DnHoliday *a = va;
	const DnHoliday *b = vb;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	if (a->weekday != b->weekday)
		return a->weekday < b->weekday ? -1 : 1;
	if (a->open != b->open)
		return a->open < b->open ? -1 : 1;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->until != b->until)
		return a->until < b->until ? -1 : 1;
	return a->only < b->only ? -1 : a->only > b->only;
}

/*
 * Reads a calendar; without weekdays its weekend is Saturday and Sunday.  The
 * rules are sorted and freed of doubles, so that equal calendars are equal.
 */
bool
dn_parse_calendar(const char *text, size_t len, DnCalendarRoom *room,
				  DnCalendar *c, DnError *err)
{
	DnScan		s;
	bool		has_weekend = false;
	bool		ok;
	int			i,
				n = 0;

	dn_scan_init(&s, text, len);
	memset(c, 0, sizeof(*c));
	c->holiday = room->holiday;
	do
		ok = scan_item(&s, room, c, &has_weekend);
	while (ok && dn_char(&s, ';'));
	if (!ok || !dn_finish(&s, "from, until, if, \";\" or the end was expected"))
	{
		*err = s.err;
		return false;
	}
	if (!has_weekend)
		c->weekend = DN_WEEKEND_DEFAULT;
	qsort(room->holiday, (size_t) c->n, sizeof(DnHoliday), compare_holidays);
	for (i = 0; i < c->n; i++)
		if (n == 0 || compare_holidays(&room->holiday[n - 1], &room->holiday[i]) != 0)
			room->holiday[n++] = room->holiday[i];
	c->n = n;
	dn_assert(dn_calendar_valid(c));
	return true;
}

/* Whether a calendar that was read from storage is one that the parser makes. */
bool
dn_calendar_valid(const DnCalendar *c)
{
	int			i;

	if (c->weekend >= 0x7F || c->n < 0 || c->n > DN_HOLIDAYS_MAX)
		return false;
	for (i = 0; i < c->n; i++)
	{
		const DnHoliday *h = &c->holiday[i];
		bool		in_year = h->kind == DN_HOLIDAY_FIXED ||
			h->kind == DN_HOLIDAY_FROM || h->kind == DN_HOLIDAY_UPTO;

		if (h->kind > DN_HOLIDAY_DATE || h->weekday > 6 || h->only >= 0x7F || h->open > 1)
			return false;
		if (in_year && (h->n < 101 || h->n > 1231 || h->n % 100 < 1 || h->n % 100 > 31))
			return false;
		if (h->kind == DN_HOLIDAY_EASTER && (h->n < -DN_EASTER_OFFSET_MAX || h->n > DN_EASTER_OFFSET_MAX))
			return false;
	}
	return true;
}

static void
put_weekdays(DnOut *out, uint8_t mask)
{
	const char *between = "";
	int			i;

	for (i = 0; i < 7; i++)
		if (mask & (1 << i))
		{
			dn_put(out, between);
			dn_put(out, weekday_name[i]);
			between = " ";
		}
}

static void
put_two_digits(DnOut *out, int n)
{
	if (n < 10)
		dn_put(out, "0");
	dn_put_int(out, n);
}

static void
put_month_day(DnOut *out, int32_t n)
{
	put_two_digits(out, n / 100);
	dn_put(out, "-");
	put_two_digits(out, n % 100);
}

void
dn_print_calendar(DnOut *out, const void *value)
{
	const DnCalendar *c = value;
	int			i;

	if (c->weekend == 0)
		dn_put(out, "no weekend");
	put_weekdays(out, c->weekend);
	for (i = 0; i < c->n; i++)
	{
		const DnHoliday *h = &c->holiday[i];

		dn_put(out, h->open ? "; open " : "; ");
		switch (h->kind)
		{
			case DN_HOLIDAY_EASTER:
				dn_put(out, h->n > 0 ? "easter+" : "easter");
				if (h->n != 0)
					dn_put_int(out, h->n);
				break;
			case DN_HOLIDAY_DATE:
				dn_put_date(out, h->n);
				break;
			case DN_HOLIDAY_FIXED:
				put_month_day(out, h->n);
				break;
			default:
				dn_put(out, weekday_name[h->weekday]);
				dn_put(out, h->kind == DN_HOLIDAY_FROM ? ">=" : "<=");
				put_month_day(out, h->n);
				break;
		}
		if (h->from != 0)
		{
			dn_put(out, " from ");
			dn_put_int(out, h->from);
		}
		if (h->until != 0)
		{
			dn_put(out, " until ");
			dn_put_int(out, h->until);
		}
		if (h->only != 0)
		{
			dn_put(out, " if ");
			put_weekdays(out, h->only);
		}
	}
}

/*
 * Easter Sunday of a year by the Gregorian computus, as a day.  Any year is
 * answered; the dates repeat after 5,700,000 years.
 */
int32_t
dn_easter(int32_t year)
{
	const int32_t cycle = 5700000;
	int32_t		y = (year % cycle + cycle) % cycle;
	int32_t		a = y % 19;
	int32_t		b = y / 100;
	int32_t		c = y % 100;
	int32_t		d = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
	int32_t		e = (32 + 2 * (b % 4) + 2 * (c / 4) - d - c % 4) % 7;
	int32_t		m = (a + 11 * d + 22 * e) / 451;
	int32_t		k = d + e - 7 * m + 114;

	return (int32_t) dn_civil_day(year, k / 31, k % 31 + 1);
}

/* month * 100 + day of a year, where 02-29 is 02-28 in a common year */
static int64_t
day_in_year(int32_t year, int32_t n)
{
	return dn_month_day(year, n / 100, n % 100);
}

/* Whether a day is the one of a rule that is no date, whatever its year and weekday. */
static bool
matches(const DnHoliday *h, int32_t day, int32_t year, int32_t n)
{
	int			i;

	switch (h->kind)
	{
		case DN_HOLIDAY_FIXED:
			return h->n == n;
		case DN_HOLIDAY_EASTER:
			return (int64_t) dn_easter(year) + h->n == day;
		default:
			if (dn_weekday(day) != h->weekday)
				return false;
			/* the week may reach into the year before or after */
			for (i = -1; i <= 1; i++)
			{
				int64_t		apart = day - day_in_year(year + i, h->n);

				if (h->kind == DN_HOLIDAY_UPTO)
					apart = -apart;
				if (apart >= 0 && apart < 7)
					return true;
			}
			return false;
	}
}

/* What the dates from rule i on, which are sorted, say of a day; see ruled(). */
static int
dated(const DnCalendar *c, int i, int32_t day)
{
	int			end = c->n;
	int			answer = 0;

	while (i < end)
	{
		int			middle = i + (end - i) / 2;

		if (c->holiday[middle].n < day)
			i = middle + 1;
		else
			end = middle;
	}
	for (; i < c->n && c->holiday[i].n == day; i++)
		answer = c->holiday[i].open ? 2 : 1;
	return answer;
}

/* What the rules say of a day: 0 nothing, 1 a holiday, 2 open */
static int
ruled(const DnCalendar *c, int32_t day)
{
	int32_t		year;
	int			month,
				dom;
	int			answer = 0;
	int			i;

	if (c->n == 0)
		return 0;
	dn_civil(day, &year, &month, &dom);
	for (i = 0; i < c->n; i++)
	{
		const DnHoliday *h = &c->holiday[i];

		if (h->kind == DN_HOLIDAY_DATE)
		{
			int			said = dated(c, i, day);

			return said > answer ? said : answer;
		}
		if (h->from != 0 && year < h->from)
			continue;
		if (h->until != 0 && year > h->until)
			continue;
		if (h->only != 0 && !(h->only & (1 << dn_weekday(day))))
			continue;
		if (!matches(h, day, year, month * 100 + dom))
			continue;
		if (h->open)
			return 2;
		answer = 1;
	}
	return answer;
}

/* Whether a rule makes this finite day a holiday, be it in a weekend or not. */
bool
dn_is_holiday(const DnCalendar *c, int32_t day)
{
	return ruled(c, day) == 1;
}

bool
dn_is_business_day(const DnCalendar *c, int32_t day)
{
	switch (ruled(c, day))
	{
		case 1:
			return false;
		case 2:
			return true;
		default:
			return !(c->weekend & (1 << dn_weekday(day)));
	}
}

/* The first business day after a finite day, in steps of 1 or -1. */
static DnDayStatus
next_business_day(const DnCalendar *c, int32_t day, int step, int32_t *out)
{
	int			i;

	for (i = 0; i < DN_CLOSED_MAX; i++)
	{
		if (day == (step > 0 ? DN_DAY_LAST : DN_DAY_FIRST))
			return DN_DAY_BEYOND;
		day += step;
		if (dn_is_business_day(c, day))
		{
			*out = day;
			return DN_DAY_FOUND;
		}
	}
	return DN_DAY_CLOSED;
}

/* Moves a day that is no business day; an infinite one stays what it is. */
DnDayStatus
dn_shift(const DnCalendar *c, DnShift shift, int32_t day, int32_t *out)
{
	DnDayStatus status;
	int32_t		year[2];
	int			month[2],
				dom;

	*out = day;
	if (shift == DN_SHIFT_NONE || !dn_day_finite(day) || dn_is_business_day(c, day))
		return DN_DAY_FOUND;
	status = next_business_day(c, day, shift == DN_SHIFT_PRECEDING ? -1 : 1, out);
	if (status != DN_DAY_FOUND || shift != DN_SHIFT_MODIFIED)
		return status;
	dn_civil(day, &year[0], &month[0], &dom);
	dn_civil(*out, &year[1], &month[1], &dom);
	if (month[0] == month[1] && year[0] == year[1])
		return status;
	return next_business_day(c, day, -1, out);
}

/* The n-th business day after a day, or before it; n of 0 is the day itself. */
DnDayStatus
dn_add_business_days(const DnCalendar *c, int32_t day, int32_t n, int32_t *out)
{
	DnDayStatus status = DN_DAY_FOUND;

	*out = day;
	if (!dn_day_finite(day))
		return DN_DAY_FOUND;
	for (; n != 0 && status == DN_DAY_FOUND; n += n > 0 ? -1 : 1)
		status = next_business_day(c, *out, n > 0 ? 1 : -1, out);
	return status;
}
