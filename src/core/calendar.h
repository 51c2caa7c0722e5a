/*
 * core/calendar.h: business days, holidays and Easter.
 *
 *   sat sun; 01-01; 05-08 from 1982; easter+1; mon>=05-01; 12-27 if mon tue; 2020-05-08; open 2020-05-04
 *
 * A calendar holds its own rules, so that what is computed with it depends on
 * nothing else.
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

#endif
