/*
 * core/customer.h: one decision for the open items of a customer, in one company
 * and one currency, whose procedure says "by customer".
 *
 * Each item is decided by itself first, see core/decide.h, without the minimum of
 * its step.  Those that are due are ready.  Then, together:
 *
 * - Credits that count are set off.  A customer who owes no more than they are, or is
 *   asked for no more, is not reminded.
 * - The step is the highest of those of the ready items, or the lowest, of the items
 *   that are past due, if there are any.  All items that are past due and have not had
 *   this step take it, whatever day their own would have.  With "each" the ready items
 *   take each its own.
 * - If less is asked for than the minimum of the step, or a smaller share of what the
 *   customer owes, the step one lower is tried.  With "each" what is asked for is what
 *   takes a step now, or is to be sent.
 * - The wait of the step counts from the last reminder of any item.  A reminder of the
 *   same step that was raised and not sent yet does not count: the item joins it.
 *
 * Steps of rejections and broken promises are taken by their item, whatever the others do.  On that day
 * the item takes no step of the ladder.
 */
#ifndef DN_CUSTOMER_H
#define DN_CUSTOMER_H

#include "decide.h"

#define DN_CUSTOMER_DAYS_MAX 100	/* later days that are tried for another answer */

typedef struct DnMember
{
	DnItem		item;			/* its open amount or its balance is what it is asked for, of which a person may ask for more */
	DnWide		held;			/* what is open beside that, in the scale of the item */
	const DnHistory *all;		/* or else what is open on each day; NULL: not given */
	bool		nets;			/* a negative amount is set off */
} DnMember;

typedef struct DnCustomer
{
	const DnProcedure *procedure;
	const DnCalendar *calendar;
	const char *currency;
	const DnMember *member;
	int			n;
	int32_t		sent_on;		/* last day of a reminder of items that are none of them any more; DN_DAY_EVER: none */
} DnCustomer;

/* What becomes of an item, in the caller's room, and what is known of it while deciding. */
typedef struct DnTaken
{
	int			level;			/* of the step that it takes, from 1; 0: none */
	int32_t		occurrence;
	DnDecision	own;			/* the decision on the item alone */
	DnProgress	progress;
	DnWide		asked;			/* in the scale of the customer */
	DnWide		by_hand;		/* the same for the steps that a person takes */
	DnWide		owed;
} DnTaken;

typedef struct DnCustomerDecision
{
	DnState		state;
	int			level;			/* of the step, of "each" the highest; 0: no step */
	int32_t		step_on;		/* its day, where there is one */
	bool		has_until;
	int32_t		until;			/* last day of the hold, if all that could be due is held */
	DnReason	reason;
	int			by;				/* the item whose fact is the reason; -1: none */
	bool		has_reason_day;
	int32_t		reason_on;
	int32_t		last_on;		/* of the last reminder; DN_DAY_EVER: none */
	int			items;			/* how many take a step */
	int			scale;			/* of the amounts */
	DnWide		asked;			/* of the items that take a step, without credits */
	DnWide		owed;			/* all that is open, without credits */
	DnWide		credit;			/* what is set off */
	bool		changes;
	int32_t		changes_on;		/* the next day to ask: the first with another answer, or the last that was tried */
} DnCustomerDecision;

extern DnWide dn_customer_asked(const DnProcedure *p, const DnTaken *taken, int level);
extern int	dn_customer_scale(const DnCustomer *customer);
extern void dn_see_member(const DnCustomer *customer, int i, int32_t day, int scale, DnTaken *taken);
extern void dn_decide_together(const DnCustomer *customer, int32_t day, int scale, DnTaken *taken, DnCustomerDecision *decision);
extern int32_t dn_customer_wait(const DnCustomer *customer, const DnTaken *taken, int32_t day);
extern void dn_decide_customer(const DnCustomer *customer, int32_t as_of, DnTaken *taken, DnCustomerDecision *decision);
extern void dn_decide_customer_day(const DnCustomer *customer, int32_t as_of, DnTaken *taken, DnCustomerDecision *decision);
extern bool dn_customer_below(const DnProcedure *p, int level, DnWide asked, DnWide owed, int scale, const char *currency);

#endif
