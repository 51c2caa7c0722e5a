/* core/promise.c: see promise.h */
#include "promise.h"

#include <stdlib.h>

#include "invariant.h"

static int
by_turn(const void *a, const void *b)
{
	const DnPromiseTurn *x = a;
	const DnPromiseTurn *y = b;

	if (x->promised_for != y->promised_for)
		return x->promised_for < y->promised_for ? -1 : 1;
	return x->nth < y->nth ? -1 : x->nth > y->nth;
}

/* The order in which promises are filled: by the day promised for, then by place. */
void
dn_promise_order(const DnPromise *promise, int n, DnPromiseTurn *order)
{
	int			i;

	dn_assert(n >= 0 && n <= DN_PROMISES_MAX);
	for (i = 0; i < n; i++)
		order[i] = (DnPromiseTurn) {promise[i].promised_for, i};
	if (n > 1)
		qsort(order, (size_t) n, sizeof(DnPromiseTurn), by_turn);
}

static int
by_day(const void *a, const void *b)
{
	const DnReceipt *x = a;
	const DnReceipt *y = b;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	if (x->item != y->item)
		return x->item < y->item ? -1 : 1;
	if (x->returned_on != y->returned_on)
		return x->returned_on < y->returned_on ? -1 : 1;
	return x->units < y->units ? -1 : x->units > y->units;
}

/* By day; on one day in an order that does not depend on the one before. */
void
dn_sort_receipts(DnReceipt *receipt, int32_t n)
{
	if (n > 1)
		qsort(receipt, (size_t) n, sizeof(DnReceipt), by_day);
}

/* Fills one promise with what is left of the payments by a day, and says what it is then. */
static void
fill(DnPromise *p, DnReceipt *receipt, int32_t receipts, int32_t as_of)
{
	const int32_t last = p->last_on < as_of ? p->last_on : as_of;
	/* who promises for the same day pays on it */
	const int32_t first = p->promised_for > p->promised_on ? dn_day_add(p->promised_on, 1) : p->promised_on;
	int32_t		i;

	for (i = 0; i < receipts && receipt[i].day <= last && p->paid < p->amount; i++)
	{
		DnReceipt  *r = &receipt[i];
		DnWide		takes = p->amount - p->paid;

		if (r->day < first || r->returned_on <= last || (p->covers != NULL && !p->covers[r->item]))
			continue;
		if (takes > r->units)
			takes = r->units;
		if (p->paid < p->needed && p->paid + takes >= p->needed)
			p->decided_on = r->day;
		p->paid += takes;
		r->units -= takes;
	}
	if (p->paid >= p->needed)
		p->state = DN_PROMISE_KEPT;
	else if (as_of > p->last_on)
	{
		p->state = p->paid > 0 ? DN_PROMISE_PARTLY_KEPT : DN_PROMISE_BROKEN;
		p->decided_on = dn_day_add(p->last_on, 1);
	}
}

/*
 * Answers for n promises as of a day, in the order that dn_promise_order says.
 * The payments are sorted by day, and what the promises take of them is taken
 * away.
 */
void
dn_promise_states(DnPromise *promise, const DnPromiseTurn *order, int n,
				  DnReceipt *receipt, int32_t receipts, int32_t as_of)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		DnPromise  *p = &promise[order[i].nth];

		dn_assert(p->amount > 0 && p->needed > 0 && p->needed <= p->amount && p->last_on >= p->promised_for);
		p->paid = 0;
		p->state = DN_PROMISE_OPEN;
		p->decided_on = DN_DAY_NEVER;
		if (p->withdrawn_on <= as_of && p->withdrawn_on != DN_DAY_NEVER)
		{
			p->state = DN_PROMISE_WITHDRAWN;
			p->decided_on = p->withdrawn_on;
		}
		else if (p->promised_on <= as_of)
			fill(p, receipt, receipts, as_of);
	}
}
