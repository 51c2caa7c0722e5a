/*
 * terms/calendar.h: the type dunning.calendar, and the errors of a day that
 * cannot be computed.
 */
#ifndef DUNNING_CALENDAR_H
#define DUNNING_CALENDAR_H

#include "type.h"

#include "core/calendar.h"
#include "utils/date.h"

#define DUNNING_CALENDAR_TYPE "calendar"

extern void dunning_get_calendar(Datum datum, DnCalendar *calendar);
extern void dunning_calendar_arg(FunctionCallInfo fcinfo, int arg, DnCalendar *calendar);
extern void dunning_check_day(DnDayStatus status);

#endif
