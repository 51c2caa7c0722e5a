/*
 * core/procedure.h: a dunning procedure as a value.
 *
 *   procedure   step { ; step } { ; event } { ; option }
 *   step        day CHANNEL ["LABEL"] { clause }
 *   day         N [days]
 *               N month[s] [end of month] [+ N [days]]
 *               [N days] end of month [+ N [days]]
 *               after N [days]
 *   event       reject [CODE] N [days] CHANNEL ["LABEL"] { clause }
 *               broken [promise | plan] N [days] CHANNEL ["LABEL"] { clause }
 *   clause      fee money { , money } [+ PERCENT %]    or    fee PERCENT %
 *               min money { , money } [and PERCENT %]    or    min PERCENT %
 *               wait N [days]
 *               repeat [every] N [days]
 *               manual
 *   money       AMOUNT CURRENCY
 *   option      wait N [days]
 *               mode stepwise | jump
 *               following business day
 *               by customer
 *               level highest | lowest | each
 *
 *   5 email "Reminder"; 1 month letter "Formal" fee 15.00 EUR + 2.5% min 50.00 EUR, 60.00 USD wait 7 manual;
 *   after 10 phone repeat 30; wait 3; mode jump; following business day
 *
 * N days and N months count from the due date, and days are below 0 before it.
 * A month later is the same day of the month, or the last day of a shorter
 * month; from the last day of a month, months lead to the last day of a month.
 * "end of month" is the last day of the month that the days or months before it
 * lead to.  "after N" counts from the day on which the step before was done; the
 * first step cannot say it.  Only the last step can say "repeat".
 *
 * The steps of events are no part of this ladder.  They count from the day on which a
 * payment was rejected, or a promise or plan broke: those with the code of the bank, or
 * with what broke, or else those without.  They stand
 * in the order of their days, code by code, and do not repeat; their wait is their own.
 *
 * A step's level is its place, from 1.  Whatever the due date, no step has an
 * earlier day than the one before it, where "after N" is planned N days after the
 * step before.  Two steps of one planned day have different channels, since a step
 * is known by the two.  The order is proved by a lower bound of the days between two
 * steps, see least_between() in procedure.c.
 *
 * Of several amounts, the one in the currency of the item applies, and the first
 * one to items in all other currencies and without a currency.  A percentage is of
 * the open amount.  Beside one, no amount applies to items in other currencies,
 * because the two are added up.
 *
 * "by customer" takes the open items of a customer together, see core/customer.h:
 * a minimum is that of the customer, in money or as a percentage of what he owes, and
 * the wait between two reminders is his.  "level" says which step his items take: the
 * highest of those that are ready, as by default, the lowest, or each its own.
 *
 * A channel is an identifier, but not day, days, month or months, which would be
 * read as the unit of the number before it.
 *
 * The canonical text has the shortest form of each part: "5", "after 7",
 * "repeat 30".  It reads back as the same value.
 */
#ifndef DN_PROCEDURE_H
#define DN_PROCEDURE_H

#include "days.h"
#include "invariant.h"
#include "text.h"
#include "when.h"
#include "wide.h"

#define DN_STEPS_MAX 64
#define DN_OFFSET_MAX 36500		/* days before or after the due date */
#define DN_WAIT_MAX 3650		/* days between two reminders */
#define DN_WAIT_DEFAULT 1
#define DN_CHANNEL_MAX 63		/* bytes */
#define DN_LABEL_MAX 127		/* bytes */
#define DN_AMOUNTS_MAX 32		/* currencies of a fee, and of a minimum */
#define DN_FEE_PERCENT_SCALE 4
#define DN_FEE_PERCENT_UNIT INT64_C(10000)
#define DN_FEE_PERCENT_MAX 100

typedef struct DnAmount
{
	int64_t		units;			/* 10^-4 of the currency, above 0 */
	char		currency[4];
	uint8_t		zero[4];
} DnAmount;

typedef struct DnStep
{
	DnWhen		when;			/* its day */
	int32_t		after;			/* days after the step before was done; 0: counts from the due date */
	int32_t		wait;			/* since the reminder before; 0: the procedure's */
	int32_t		repeat;			/* days from one occurrence to the next; 0: once */
	int32_t		fee_percent;	/* 10^-4 percent of the open amount */
	int32_t		min_percent;	/* 10^-4 percent of what the customer owes; 0: any */
	uint16_t	text;			/* offset of its texts: the channel, then the label */
	uint16_t	amount;			/* its first amount: those of the fee, then those of the minimum */
	uint8_t		n_fee;
	uint8_t		n_min;
	uint8_t		channel_len;
	uint8_t		label_len;		/* 0: no label */
	uint8_t		manual;			/* for a person to do, not for a machine to send */
	uint8_t		zero[3];
} DnStep;

/* Whether items are taken one by one, or those of a customer together, and then at which step. */
typedef enum DnBy
{
	DN_BY_ITEM,
	DN_BY_HIGHEST,
	DN_BY_LOWEST,
	DN_BY_EACH
} DnBy;

typedef struct DnProcedure
{
	int32_t		n;				/* steps of the ladder */
	int32_t		events;			/* steps of events, which follow them */
	int32_t		wait;
	bool		jump;			/* mode jump; otherwise stepwise */
	bool		business;		/* the days of the steps move to the following business day */
	DnBy		by;
	int32_t		n_amounts;
	size_t		texts_len;
	const DnStep *step;
	const DnAmount *amount;
	const char *texts;
} DnProcedure;

/* Room for the parts of a procedure that is being read from a text. */
typedef struct DnProcedureRoom
{
	DnStep		step[DN_STEPS_MAX];
	DnAmount	amount[DN_STEPS_MAX * 2 * DN_AMOUNTS_MAX];
	char		texts[DN_STEPS_MAX * (DN_CHANNEL_MAX + DN_LABEL_MAX)];
} DnProcedureRoom;

/* A step of the item with one due date, without a calendar. */
typedef struct DnStepDay
{
	int32_t		on;				/* planned day of the step */
	int32_t		after;			/* follows: days after the step before was done */
	int32_t		wait;			/* the step's own or the procedure's */
	int32_t		repeat;			/* last step: days between occurrences; 0: once */
	bool		follows;
	bool		manual;
	bool		before_due;		/* a step meant before the due date */
	bool		below;			/* the open amount is below the minimum */
} DnStepDay;

/* The steps of the ladder and of events */
static inline int
dn_steps(const DnProcedure *p)
{
	return p->n + p->events;
}

extern bool dn_parse_procedure(const char *text, size_t len, DnProcedureRoom *room,
							   DnProcedure *p, DnError *err);
extern bool dn_procedure_valid(const DnProcedure *p);
extern void dn_print_procedure(DnOut *out, const void *procedure);
extern void dn_print_step_day(DnOut *out, const void *step);

extern void dn_step_days(const DnProcedure *p, int32_t due_on, DnStepDay day[DN_STEPS_MAX]);
extern void dn_step_when(const DnProcedure *p, int i, DnWhen *when);
extern bool dn_step_below(const DnProcedure *p, int i, DnWide open, int scale, const char *currency);
extern void dn_least_days(const DnProcedure *p, int32_t least[DN_STEPS_MAX]);
extern const DnAmount *dn_step_fee(const DnProcedure *p, int i, const char *currency);
extern const DnAmount *dn_step_min(const DnProcedure *p, int i, const char *currency);

#endif
