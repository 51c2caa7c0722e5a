/*
 * item/today.c: the day for which the ledgers, the work list and the run
 * answer: the setting dunning.today, or the current date.
 */
#include "item/today.h"

#include "core/days.h"
#include "core/text.h"
#include "utils/guc.h"

PG_FUNCTION_INFO_V1(dunning_today);

static char *today_setting = NULL;

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
check_today(char **newval, void **extra, GucSource source)
{
	bool		set;
	int32		day;
	DnError		err;

	if (*newval == NULL || read_setting(*newval, &set, &day, &err))
		return true;
	GUC_check_errdetail("At character %d: %s.", (int) err.at + 1, err.what);
	GUC_check_errhint("Write the day as YYYY-MM-DD, or leave the setting empty for the current date.");
	return false;
}

void
dunning_define_today(void)
{
	DefineCustomStringVariable("dunning.today",
							   "The day for which ledgers, work list and runs answer, as YYYY-MM-DD.",
							   "Empty: the current date. It is not passed on to workers of Citus or to foreign servers.",
							   &today_setting,
							   "",
							   PGC_USERSET,
							   0,
							   check_today, NULL, NULL);
	MarkGUCPrefixReserved("dunning");
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
	return GetSQLCurrentDate();
}

Datum
dunning_today(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(dunning_current_day());
}
