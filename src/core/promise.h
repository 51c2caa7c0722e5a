/*
 * core/promise.h: what became of promises to pay, on a day.
 *
 * A payment counts for a promise if it was made after the day on which it was
 * promised and not later than the last day of the promise, which is the day
 * promised for and some days of grace, and if it had not come back by that day.
 * For a promise for the very day on which it was made the payments of this day
 * count, too.
 * Several promises of one debtor are filled in the order of the days promised
 * for, on one day in that of the promises: each takes the earliest payments
 * that count for it, up to its amount.  A promise is kept once it has received
 * what it needs, its amount less a tolerance.  One that was withdrawn takes
 * nothing.  A promise is about all items of the debtor or about some of them, and
 * only payments of its items count for it.
 *
 * All amounts are whole units of one 10^-scale, which the caller chooses; they
 * add up to less than 2^126.
 */
#ifndef DN_PROMISE_H
#define DN_PROMISE_H

#include <stdbool.h>

#include "days.h"
#include "wide.h"

#define DN_PROMISES_MAX 1000000	/* promises that are filled together */

typedef enum DnPromiseState
{
	DN_PROMISE_OPEN,
	DN_PROMISE_KEPT,
	DN_PROMISE_PARTLY_KEPT,		/* its last day has passed, and less came than it needs */
	DN_PROMISE_BROKEN,			/* its last day has passed, and nothing came */
	DN_PROMISE_WITHDRAWN
} DnPromiseState;

typedef struct DnPromise
{
	DnWide8		amount;			/* above 0 */
	DnWide8		needed;			/* from 1 to the amount */
	int32_t		promised_on;
	int32_t		promised_for;
	int32_t		last_on;		/* not before promised_for */
	int32_t		withdrawn_on;	/* first day without it; DN_DAY_NEVER */
	const bool *covers;			/* by the number of an item; NULL: it is about all */
	/* the answer */
	DnPromiseState state;
	DnWide8		paid;
	int32_t		decided_on;		/* the payment that kept it, the day after its last one, or that of its withdrawal; DN_DAY_NEVER: open */
} DnPromise;

typedef struct DnReceipt
{
	DnWide8		units;			/* above 0 */
	int32_t		day;
	int32_t		returned_on;	/* DN_DAY_NEVER: it did not come back */
	int32_t		item;			/* number of the item that it paid */
} DnReceipt;

/* A promise in the order in which promises are filled. */
typedef struct DnPromiseTurn
{
	int32_t		promised_for;
	int			nth;			/* place of the promise, from 0 */
} DnPromiseTurn;

extern void dn_promise_order(const DnPromise *promise, int n, DnPromiseTurn *order);
extern void dn_sort_receipts(DnReceipt *receipt, int32_t n);
extern void dn_promise_states(DnPromise *promise, const DnPromiseTurn *order, int n,
							  DnReceipt *receipt, int32_t receipts, int32_t as_of);

#endif
