/* fuzz_calendar.c: any bytes as a calendar, and business days by it */
#include "core/calendar.h"

#include <stdlib.h>
#include <string.h>

static DnCalendarRoom room;
static DnCalendarRoom room2;

#define HOLDS(condition) do { if (!(condition)) abort(); } while (0)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int32_t days[] = {DN_DAY_FIRST, -1, 0, 8824, DN_DAY_LAST};
	DnCalendar	c,
				again;
	DnError		err = {DN_OK, 0, NULL};
	DnOut		out = {NULL, 0, 0};
	size_t		i;
	int			shift;

	if (!dn_parse_calendar((const char *) data, size, &room, &c, &err))
	{
		HOLDS(err.code != DN_OK && err.at <= size && err.what != NULL);
		return 0;
	}
	HOLDS(dn_calendar_valid(&c));
	dn_print_calendar(&out, &c);
	out.cap = out.len;
	out.buf = malloc(out.cap);
	HOLDS(out.buf != NULL);
	out.len = 0;
	dn_print_calendar(&out, &c);
	HOLDS(out.len == out.cap && dn_parse_calendar(out.buf, out.len, &room2, &again, &err));
	HOLDS(again.weekend == c.weekend && again.n == c.n &&
		  memcmp(again.holiday, c.holiday, (size_t) c.n * sizeof(DnHoliday)) == 0);
	free(out.buf);
	for (i = 0; i < sizeof(days) / sizeof(days[0]); i++)
		for (shift = DN_SHIFT_NONE; shift <= DN_SHIFT_MODIFIED; shift++)
		{
			int32_t		day;

			if (dn_shift(&c, (DnShift) shift, days[i], &day) == DN_DAY_FOUND && shift != DN_SHIFT_NONE)
				HOLDS(dn_is_business_day(&c, day));
		}
	return 0;
}
