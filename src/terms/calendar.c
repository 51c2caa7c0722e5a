/* terms/calendar.c: the type dunning.calendar, business days, and Easter */
#include "terms/calendar.h"

#include "funcapi.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(dunning_easter);
PG_FUNCTION_INFO_V1(dunning_holidays);
PG_FUNCTION_INFO_V1(dunning_is_business_day);
PG_FUNCTION_INFO_V1(dunning_add_business_days);
PG_FUNCTION_INFO_V1(dunning_to_business_day);

typedef struct StoredCalendar
{
	DunningValue head;
	uint8		weekend;
	uint8		zero;
	int32		n;
	DnHoliday	holiday[FLEXIBLE_ARRAY_MEMBER];
} StoredCalendar;

#define STORED_SIZE(n) (offsetof(StoredCalendar, holiday) + (Size) (n) * sizeof(DnHoliday))

/* Points a core calendar at the bytes of a stored value, after checking them. */
void
dunning_get_calendar(Datum datum, DnCalendar *c)
{
	StoredCalendar *v = (StoredCalendar *) PG_DETOAST_DATUM(datum);

	dunning_check_value(v, STORED_SIZE(0), DUNNING_CALENDAR_TYPE);
	c->weekend = v->weekend;
	c->n = v->n;
	c->holiday = v->holiday;
	if (v->n < 0 || v->n > DN_HOLIDAYS_MAX || VARSIZE(v) != STORED_SIZE(v->n) || !dn_calendar_valid(c))
		dunning_bad_value(DUNNING_CALENDAR_TYPE);
}

/* An optional calendar: Monday to Friday where it is NULL. */
void
dunning_calendar_arg(FunctionCallInfo fcinfo, int arg, DnCalendar *c)
{
	if (!PG_ARGISNULL(arg))
		dunning_get_calendar(PG_GETARG_DATUM(arg), c);
	else
	{
		c->weekend = DN_WEEKEND_DEFAULT;
		c->n = 0;
		c->holiday = NULL;
	}
}

/* Raises what keeps a day from being computed. */
void
dunning_check_day(DnDayStatus status)
{
	switch (status)
	{
		case DN_DAY_FOUND:
			break;
		case DN_DAY_BEYOND:
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("date out of range")));
			break;
		case DN_DAY_CLOSED:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("calendar has no business day within %d days", DN_CLOSED_MAX)));
			break;
	}
}

static Datum
parse_calendar(const char *text, size_t len, struct Node *escontext)
{
	DnCalendarRoom *room = palloc(sizeof(DnCalendarRoom));
	DnCalendar	c;
	DnError		err;
	StoredCalendar *v;

	if (!dn_parse_calendar(text, len, room, &c, &err))
	{
		dunning_parse_error(escontext, DUNNING_CALENDAR_TYPE, text, len, &err);
		return (Datum) 0;
	}
	v = palloc0(STORED_SIZE(c.n));
	SET_VARSIZE(v, STORED_SIZE(c.n));
	v->head.version = DUNNING_VALUE_VERSION;
	v->weekend = c.weekend;
	v->n = c.n;
	memcpy(v->holiday, c.holiday, c.n * sizeof(DnHoliday));
	pfree(room);
	return PointerGetDatum(v);
}

static char *
calendar_text(Datum datum)
{
	DnCalendar	c;

	dunning_get_calendar(datum, &c);
	return dunning_print(dn_print_calendar, &c);
}

DUNNING_VALUE_TYPE(calendar, parse_calendar, calendar_text, NULL);

static void
check_year(int32 year)
{
	if (year < DN_EASTER_YEAR_MIN || year > DN_YEAR_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("year out of range: %d", year),
				 errdetail("The years %d to %d are computed.", DN_EASTER_YEAR_MIN, DN_YEAR_MAX)));
}

/* easter(year): Easter Sunday of the western churches */
Datum
dunning_easter(PG_FUNCTION_ARGS)
{
	int32		year = PG_GETARG_INT32(0);

	check_year(year);
	PG_RETURN_DATEADT(dn_easter(year));
}

/* holidays(calendar, year): the days that its rules make holidays, in order */
Datum
dunning_holidays(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int32		year = PG_GETARG_INT32(1);
	DnCalendar	c;
	int32		day;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	dunning_get_calendar(PG_GETARG_DATUM(0), &c);
	check_year(year);
	for (day = (int32) dn_civil_day(year, 1, 1); day <= dn_civil_day(year, 12, 31); day++)
	{
		Datum		value = DateADTGetDatum(day);
		bool		null = false;

		if (dn_is_holiday(&c, day))
			tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, &value, &null);
	}
	return (Datum) 0;
}

static void
check_finite(DateADT day)
{
	if (DATE_NOT_FINITE(day))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("an infinite date is neither a business day nor not")));
}

Datum
dunning_is_business_day(PG_FUNCTION_ARGS)
{
	DateADT		day;
	DnCalendar	c;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	day = PG_GETARG_DATEADT(0);
	check_finite(day);
	dunning_calendar_arg(fcinfo, 1, &c);
	PG_RETURN_BOOL(dn_is_business_day(&c, day));
}

/* add_business_days(day, n, calendar): the n-th business day after it, before it if n < 0 */
Datum
dunning_add_business_days(PG_FUNCTION_ARGS)
{
	DnCalendar	c;
	int32		n;
	int32		day;

	if (dunning_null_among(fcinfo, 2))
		PG_RETURN_NULL();
	n = PG_GETARG_INT32(1);
	dunning_calendar_arg(fcinfo, 2, &c);
	if (n < -DN_BUSINESS_DAYS_MAX || n > DN_BUSINESS_DAYS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of business days out of range: %d", n),
				 errdetail("At most %d business days are counted either way.", DN_BUSINESS_DAYS_MAX)));
	dunning_check_day(dn_add_business_days(&c, PG_GETARG_DATEADT(0), n, &day));
	PG_RETURN_DATEADT(day);
}

/* to_business_day(day, calendar, shift): the day itself if it is one */
Datum
dunning_to_business_day(PG_FUNCTION_ARGS)
{
	static const char *const name[] = {"none", "following", "preceding", "modified following"};
	const char *word;
	DnCalendar	c;
	int32		day;
	int			shift;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	word = PG_ARGISNULL(2) ? name[DN_SHIFT_FOLLOWING] : text_to_cstring(PG_GETARG_TEXT_PP(2));
	dunning_calendar_arg(fcinfo, 1, &c);
	for (shift = DN_SHIFT_NONE; shift <= DN_SHIFT_MODIFIED; shift++)
		if (strcmp(word, name[shift]) == 0)
			break;
	if (shift > DN_SHIFT_MODIFIED)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown shift to business days: \"%s\"", word),
				 errhint("Use none, following, preceding or modified following.")));
	dunning_check_day(dn_shift(&c, (DnShift) shift, PG_GETARG_DATEADT(0), &day));
	PG_RETURN_DATEADT(day);
}
