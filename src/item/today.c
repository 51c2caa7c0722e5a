/*
 * item/today.c: two days.  The real day is the date now in the time zone of the
 * business; what writes uses it.  What reads answers for dunning.today(): the
 * setting dunning.today, or else the real day.
 */
#include "item/today.h"

#include "core/days.h"
#include "access/xact.h"
#include "core/text.h"
#include "pgtime.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(dunning_today);
PG_FUNCTION_INFO_V1(dunning_real_day);

static char *today_setting = NULL;
static char *zone_setting = NULL;

/* Reads the setting; false if it is neither empty nor a day. */
static bool
read_setting(const char *text, bool *set, int32 *day, DnError *err)
{
	DnScan		scan;

	dn_scan_init(&scan, text, strlen(text));
	*set = !dn_at_end(&scan);
	if (*set && !(dn_date(&scan, day) && dn_finish(&scan, "nothing may follow the day")))
	{
		*err = scan.err;
		return false;
	}
	return true;
}

static bool
check_today(char **newval, void **extra pg_attribute_unused(), GucSource source pg_attribute_unused())
{
	bool		set;
	int32		day;
	DnError		err;

	if (*newval == NULL || read_setting(*newval, &set, &day, &err))
		return true;
	GUC_check_errdetail("At character %d: %s.", (int) err.at + 1, err.what);
	GUC_check_errhint("Write the day as YYYY-MM-DD, or leave the setting empty for the real day.");
	return false;
}

static bool
check_zone(char **newval, void **extra pg_attribute_unused(), GucSource source pg_attribute_unused())
{
	pg_tz	   *zone;

	if (*newval == NULL || **newval == '\0')
		return true;
	zone = pg_tzset(*newval);
	if (zone != NULL && pg_tz_acceptable(zone))
		return true;
	GUC_check_errdetail("Time zone \"%s\" is not known.", *newval);
	GUC_check_errhint("SELECT name FROM pg_timezone_names lists the time zones, such as Europe/Paris.");
	return false;
}

void
dunning_define_today(void)
{
	DefineCustomStringVariable("dunning.time_zone",
							   "The time zone of the business, in which a day begins and ends.",
							   "Empty: the time zone of the server's log (log_timezone). The time zone of the session does not matter.",
							   &zone_setting,
							   "",
							   PGC_SUSET,
							   0,
							   check_zone, NULL, NULL);
	DefineCustomStringVariable("dunning.today",
							   "The day for which ledgers, work list and runs answer, as YYYY-MM-DD.",
							   "Empty: the date now in dunning.time_zone. It is not passed on to workers of Citus or to foreign servers.",
							   &today_setting,
							   "",
							   PGC_USERSET,
							   0,
							   check_today, NULL, NULL);
	MarkGUCPrefixReserved("dunning");
}

/*
 * The date at the beginning of the transaction in the time zone of the
 * business.  A session cannot move it: its TimeZone, which a driver or a pooler
 * sets, plays no part.
 */
DateADT
dunning_real_date(void)
{
	pg_tz	   *zone = zone_setting != NULL && *zone_setting != '\0' ? pg_tzset(zone_setting) : log_timezone;
	struct pg_tm tm;
	fsec_t		fsec;
	int			tz;

	if (timestamp2tm(GetCurrentTransactionStartTimestamp(), &tz, &tm, &fsec, NULL, zone) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE;
}

/* The day everything in the ledger layer answers for. */
DateADT
dunning_current_day(void)
{
	bool		set;
	int32		day;
	DnError		err;

	if (today_setting != NULL && read_setting(today_setting, &set, &day, &err) && set)
		return (DateADT) day;
	return dunning_real_date();
}

Datum
dunning_today(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(dunning_current_day());
}

Datum
dunning_real_day(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(dunning_real_date());
}
