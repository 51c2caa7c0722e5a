/*
 * core/when.h: the day of a reminder step, counted from the due date or from an event:
 * the day on which a payment was rejected, or a promise or a plan was broken.
 *
 *   when   N [days]
 *          N month[s] [end of month] [+ N [days]]
 *          [N days] end of month [+ N [days]]
 *          reject [CODE] N [days]
 *          broken [promise | plan] N [days]
 *
 * A month later is the same day of the month, or the last day of a shorter
 * month; from the last day of a month, months lead to the last day of a month.
 * CODE is what the bank says of a rejection, such as AC04: an identifier, which a
 * day without one leaves open.  What was broken is such a code, too.
 */
#ifndef DN_WHEN_H
#define DN_WHEN_H

#include <string.h>

#include "days.h"
#include "text.h"

#define DN_WHEN_DAYS_MAX 400000	/* either way; steps that follow others add up */
#define DN_MONTHS_MAX 120		/* months after the due date */
#define DN_EVENT_DAYS_MAX 3650	/* days after an event */
#define DN_CODE_MAX 8			/* bytes of the code of an event in a step */

/* What a day counts from */
typedef enum DnEvent
{
	DN_EVENT_NONE,				/* the due date */
	DN_EVENT_REJECT,
	DN_EVENT_BROKEN
} DnEvent;

#define DN_EVENTS 3

typedef struct DnWhen
{
	int32_t		days;			/* after the due date, or after the months */
	int32_t		plus;			/* days after the end of month */
	int32_t		months;
	uint8_t		end_of_month;
	uint8_t		event;			/* DnEvent from which its days count */
	uint8_t		zero[2];
	char		code[DN_CODE_MAX];	/* of the event, in lower case, then zeros; empty: any */
} DnWhen;

extern bool dn_scan_end_of_month(DnScan *s);
extern bool dn_scan_when(DnScan *s, int32_t most, DnWhen *when);
extern void dn_print_when(DnOut *out, const void *when);
extern bool dn_when_valid(const DnWhen *when);
extern int32_t dn_when_day(const DnWhen *when, int32_t due_on);

static inline bool
dn_same_when(const DnWhen *a, const DnWhen *b)
{
	return a->days == b->days && a->plus == b->plus && a->months == b->months && a->end_of_month == b->end_of_month &&
		a->event == b->event && memcmp(a->code, b->code, sizeof(a->code)) == 0;
}

#endif
