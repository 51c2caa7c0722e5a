/*
 * core/calendar.h: business days, Easter, and the calendar in integers.
 *
 *   sat sun; 01-01; 05-08 from 1982; easter+1; mon>=05-01; 12-27 if mon tue; 2020-05-08; open 2020-05-04
 *
 * A calendar holds its own rules, so that what is computed with it depends on
 * nothing else.  Unlike days.h, the arithmetic here covers every finite day.
 */
#ifndef DN_CALENDAR_H
#define DN_CALENDAR_H

#include "days.h"
#include "text.h"

#define DN_HOLIDAYS_MAX 2000	/* rules of a calendar */
#define DN_EASTER_OFFSET_MAX 100	/* days from Easter Sunday, either way */
#define DN_BUSINESS_DAYS_MAX 36500	/* business days to add, either way */
#define DN_CLOSED_MAX 366		/* days without a business day that are searched */
#define DN_EASTER_YEAR_MIN 1583	/* the first Gregorian Easter */

#define DN_WEEKEND_DEFAULT 0x60	/* Saturday and Sunday; Monday is bit 0 */

typedef enum DnHolidayKind
{
	DN_HOLIDAY_FIXED,			/* n = month * 100 + day, every year */
	DN_HOLIDAY_EASTER,			/* n days after Easter Sunday */
	DN_HOLIDAY_FROM,			/* first such weekday from month * 100 + day on */
	DN_HOLIDAY_UPTO,			/* last such weekday up to month * 100 + day */
	DN_HOLIDAY_DATE				/* n is one day */
} DnHolidayKind;

typedef struct DnHoliday
{
	uint8_t		kind;
	uint8_t		weekday;		/* of FROM and UPTO, 0 is Monday */
	uint8_t		only;			/* the weekdays on which it counts; 0: all */
	uint8_t		open;			/* a business day in spite of all else */
	int16_t		from;			/* first and last year; 0: no limit */
	int16_t		until;
	int32_t		n;
} DnHoliday;

/* A calendar, wherever its rules stand; they are sorted and all different. */
typedef struct DnCalendar
{
	uint8_t		weekend;		/* mask of weekdays */
	int32_t		n;
	const DnHoliday *holiday;
} DnCalendar;

typedef struct DnCalendarRoom
{
	DnHoliday	holiday[DN_HOLIDAYS_MAX];
} DnCalendarRoom;

typedef enum DnShift
{
	DN_SHIFT_NONE,
	DN_SHIFT_FOLLOWING,
	DN_SHIFT_PRECEDING,
	DN_SHIFT_MODIFIED			/* following, but preceding rather than into the next month */
} DnShift;

/* What can come of computing a day. */
typedef enum DnDayStatus
{
	DN_DAY_FOUND,
	DN_DAY_BEYOND,				/* outside the calendar */
	DN_DAY_CLOSED				/* no business day within DN_CLOSED_MAX days */
} DnDayStatus;

extern bool dn_parse_calendar(const char *text, size_t len, DnCalendarRoom *room,
							  DnCalendar *calendar, DnError *err);
extern void dn_print_calendar(DnOut *out, const void *calendar);
extern bool dn_calendar_valid(const DnCalendar *calendar);

extern int32_t dn_easter(int32_t year);
extern bool dn_is_holiday(const DnCalendar *c, int32_t day);
extern bool dn_is_business_day(const DnCalendar *c, int32_t day);
extern DnDayStatus dn_shift(const DnCalendar *c, DnShift shift, int32_t day, int32_t *out);
extern DnDayStatus dn_add_business_days(const DnCalendar *c, int32_t day, int32_t n, int32_t *out);

/*
 * Years are counted from March and from 4801 BC, 12 eras of 400 years before
 * year 0, so that every day of the calendar is a positive number.
 */
#define DN_ERA_DAYS 146097
#define DN_DAY_OFFSET (730425 + 12 * DN_ERA_DAYS)
#define DN_YEAR_OFFSET 4800

/* The year (0 is 1 BC), month and day of the month of any finite day. */
static inline void
dn_civil(int32_t day, int32_t *year, int *month, int *dom)
{
	uint32_t	z = (uint32_t) ((int64_t) day + DN_DAY_OFFSET);
	uint32_t	era = z / DN_ERA_DAYS;
	uint32_t	doe = z - era * DN_ERA_DAYS;
	uint32_t	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint32_t	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint32_t	mp = (5 * doy + 2) / 153;

	*dom = (int) (doy - (153 * mp + 2) / 5 + 1);
	*month = (int) (mp < 10 ? mp + 3 : mp - 9);
	*year = (int32_t) (yoe + era * 400) - DN_YEAR_OFFSET + (*month <= 2 ? 1 : 0);
}

/* The inverse, not checked: the caller knows that there is such a day. */
static inline int64_t
dn_civil_day(int32_t year, int month, int dom)
{
	int64_t		y = (int64_t) year + DN_YEAR_OFFSET - (month <= 2 ? 1 : 0);
	int64_t		era = y / 400;
	int64_t		yoe = y - era * 400;
	int64_t		doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + dom - 1;

	return era * DN_ERA_DAYS + yoe * 365 + yoe / 4 - yoe / 100 + doy - DN_DAY_OFFSET;
}

static inline int
dn_month_length(int32_t year, int month)
{
	if (month == 2)
		return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
	return 30 + ((month + (month > 7)) & 1);
}

/* 0 is Monday */
static inline int
dn_weekday(int32_t day)
{
	return (day % 7 + 12) % 7;
}

#endif
