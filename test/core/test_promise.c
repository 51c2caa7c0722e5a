/* test_promise.c: what became of promises to pay, beside a slow model and by published rows */
#include "core/promise.h"

#include "mutate.h"
#include "tap.h"

#define CASES 20000
#define MOST 6					/* promises and payments of a case */
#define DAYS 14
#define ITEMS 3

typedef struct Case
{
	int			n;
	DnPromise	promise[MOST];
	bool		covers[MOST][ITEMS];
	int32_t		receipts;
	DnReceipt	receipt[MOST];
} Case;

static int32_t
some_day(int last)
{
	return (int32_t) mutate_random((uint64_t) last + 1);
}

static void
make_case(Case *c)
{
	int			i;

	c->n = 1 + (int) mutate_random(MOST);
	for (i = 0; i < c->n; i++)
	{
		DnPromise  *p = &c->promise[i];

		p->amount = 1 + (DnWide) mutate_random(6);
		p->needed = 1 + (DnWide) mutate_random((uint64_t) p->amount);
		p->promised_on = some_day(6);
		p->promised_for = p->promised_on + some_day(5);
		p->last_on = p->promised_for + some_day(2);
		p->withdrawn_on = mutate_random(6) == 0 ? some_day(DAYS) : DN_DAY_NEVER;
		p->covers = NULL;
		if (mutate_random(3) == 0)
		{
			int			k;

			for (k = 0; k < ITEMS; k++)
				c->covers[i][k] = mutate_random(2) == 0;
			p->covers = c->covers[i];
		}
	}
	c->receipts = (int32_t) mutate_random(MOST + 1);
	for (i = 0; i < c->receipts; i++)
	{
		DnReceipt  *r = &c->receipt[i];

		r->units = 1 + (DnWide) mutate_random(5);
		r->day = some_day(DAYS - 2);
		r->returned_on = mutate_random(3) == 0 ? r->day + some_day(5) : DN_DAY_NEVER;
		r->item = (int32_t) mutate_random(ITEMS);
	}
}

/*
 * The rule told unit by unit: each unit of money, the earliest first, goes to the
 * first promise in the order of their days that has room and for which it counts.
 * Written promise by promise, since a later promise sees what the one before left.
 */
static void
model(const Case *c, int32_t as_of, int64_t *paid, int *state)
{
	int64_t		left[MOST];
	bool		done[MOST] = {false};
	int			k,
				i,
				r;
	int32_t		day;

	for (r = 0; r < c->receipts; r++)
		left[r] = (int64_t) c->receipt[r].units;
	for (i = 0; i < c->n; i++)
		paid[i] = 0;
	for (k = 0; k < c->n; k++)
	{
		const DnPromise *p;
		int			next = -1;

		for (i = 0; i < c->n; i++)
			if (!done[i] && (next < 0 || c->promise[i].promised_for < c->promise[next].promised_for))
				next = i;
		done[next] = true;
		p = &c->promise[next];
		if (p->withdrawn_on <= as_of)
		{
			state[next] = DN_PROMISE_WITHDRAWN;
			continue;
		}
		for (day = p->promised_on + (p->promised_for > p->promised_on); day <= p->last_on && day <= as_of; day++)
			for (r = 0; r < c->receipts; r++)
			{
				const DnReceipt *e = &c->receipt[r];
				bool		mine = p->covers == NULL || p->covers[e->item];
				bool		back = e->returned_on <= as_of && e->returned_on <= p->last_on;

				while (mine && e->day == day && !back && left[r] > 0 && paid[next] < (int64_t) p->amount)
				{
					left[r]--;
					paid[next]++;
				}
			}
		if (paid[next] >= (int64_t) p->needed)
			state[next] = DN_PROMISE_KEPT;
		else if (as_of <= p->last_on)
			state[next] = DN_PROMISE_OPEN;
		else
			state[next] = paid[next] > 0 ? DN_PROMISE_PARTLY_KEPT : DN_PROMISE_BROKEN;
	}
}

static void
test_random(void)
{
	int			wrong = 0,
				moved = 0,
				undecided = 0,
				seen[DN_PROMISE_WITHDRAWN + 1] = {0};
	int			k;

	for (k = 0; k < CASES; k++)
	{
		Case		c;
		DnPromiseTurn order[MOST];
		int32_t		as_of;

		make_case(&c);
		dn_promise_order(c.promise, c.n, order);
		dn_sort_receipts(c.receipt, c.receipts);
		for (as_of = 0; as_of <= DAYS + 2; as_of++)
		{
			Case		now = c;
			int64_t		paid[MOST];
			int			state[MOST];
			int64_t		taken = 0,
						gone = 0;
			int			i;

			dn_promise_states(now.promise, order, now.n, now.receipt, now.receipts, as_of);
			model(&c, as_of, paid, state);
			for (i = 0; i < c.n; i++)
			{
				const DnPromise *p = &now.promise[i];

				wrong += (int64_t) p->paid != paid[i] || (int) p->state != state[i];
				taken += (int64_t) p->paid;
				seen[p->state]++;
				undecided += (p->state == DN_PROMISE_OPEN) != (p->decided_on == DN_DAY_NEVER) ||
					(p->state != DN_PROMISE_OPEN && p->decided_on > as_of);
			}
			for (i = 0; i < c.receipts; i++)
				gone += (int64_t) (c.receipt[i].units - now.receipt[i].units);
			moved += taken != gone;
		}
	}
	is_int(wrong, 0, "the promises of %d cases are on every day what the model says", CASES);
	is_int(moved, 0, "what the promises received is what was taken of the payments");
	is_int(undecided, 0, "what is decided has its day, and nothing else");
	for (k = 0; k <= DN_PROMISE_WITHDRAWN; k++)
		ok(seen[k] > 1000, "state %d occurred %d times", k, seen[k]);
}

/* One promise of 1,000.00 made on day 0 for a day, with 3 days of grace and 10 % of tolerance. */
static DnPromiseState
state_for(int32_t promised_for, int32_t receipts, DnReceipt *receipt, int32_t as_of)
{
	DnPromise	p = {.amount = 100000, .needed = 90000, .promised_on = 0, .promised_for = promised_for, .last_on = promised_for + 3,
		.withdrawn_on = DN_DAY_NEVER};
	DnPromiseTurn order[1];

	dn_promise_order(&p, 1, order);
	dn_promise_states(&p, order, 1, receipt, receipts, as_of);
	return p.state;
}

/* The same for day 14. */
static DnPromiseState
state_of(int32_t receipts, DnReceipt *receipt, int32_t as_of)
{
	return state_for(14, receipts, receipt, as_of);
}

static void
test_rules(void)
{
	is_int(state_of(1, (DnReceipt[]) {{90000, 17, DN_DAY_NEVER, 0}}, 17), DN_PROMISE_KEPT, "90 percent on the last day of grace keep it");
	is_int(state_of(1, (DnReceipt[]) {{90000, 17, DN_DAY_NEVER, 0}}, 16), DN_PROMISE_OPEN, "the day before it is open");
	is_int(state_of(1, (DnReceipt[]) {{90000, 18, DN_DAY_NEVER, 0}}, 18), DN_PROMISE_BROKEN, "a day later it is broken");
	is_int(state_of(1, (DnReceipt[]) {{89999, 17, DN_DAY_NEVER, 0}}, 18), DN_PROMISE_PARTLY_KEPT, "a cent less keeps it partly");
	is_int(state_of(1, (DnReceipt[]) {{89999, 17, DN_DAY_NEVER, 0}}, 17), DN_PROMISE_OPEN, "which is known the day after only");
	is_int(state_of(2, (DnReceipt[]) {{50000, 15, DN_DAY_NEVER, 0}, {40000, 17, DN_DAY_NEVER, 0}}, 17), DN_PROMISE_KEPT, "two payments keep it");
	is_int(state_of(1, (DnReceipt[]) {{100000, 0, DN_DAY_NEVER, 0}}, 18), DN_PROMISE_BROKEN, "a payment of the day of the promise was made before it");
	is_int(state_for(0, 1, (DnReceipt[]) {{100000, 0, DN_DAY_NEVER, 0}}, 4), DN_PROMISE_KEPT, "but a promise for the same day is paid on it");
	is_int(state_for(0, 1, (DnReceipt[]) {{100000, -1, DN_DAY_NEVER, 0}}, 4), DN_PROMISE_BROKEN, "and not on the day before");
	is_int(state_of(1, (DnReceipt[]) {{100000, 5, 17, 0}}, 16), DN_PROMISE_KEPT, "a payment keeps it");
	is_int(state_of(1, (DnReceipt[]) {{100000, 5, 17, 0}}, 17), DN_PROMISE_OPEN, "one that comes back inside the window does no more");
	is_int(state_of(1, (DnReceipt[]) {{100000, 5, 17, 0}}, 18), DN_PROMISE_BROKEN, "and it is broken after it");
	is_int(state_of(1, (DnReceipt[]) {{100000, 5, 18, 0}}, 30), DN_PROMISE_KEPT, "one that comes back later was in time");
}

int
main(void)
{
	test_rules();
	test_random();
	return done_testing();
}
