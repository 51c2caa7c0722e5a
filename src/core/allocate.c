/* core/allocate.c: see allocate.h */
#include "allocate.h"

#define SIZE_END ((DnUWide) 1 << DN_ALLOCATE_BITS)

/* The parts in the order in which payments fill them: by due date, then by number. */
void
dn_fill_order(const int32_t *due_on, int n, int *order)
{
	int			i,
				k;

	dn_assert(n >= 1 && n <= DN_PARTS_MAX);
	for (i = 0; i < n; i++)
	{
		for (k = i; k > 0 && due_on[order[k - 1]] > due_on[i]; k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
}

static int
more(int a, int b)
{
	return a > b ? a : b;
}

static DnShown
plus(DnShown a, DnShown b)
{
	return (DnShown) {a.units + b.units, more(a.dscale, b.dscale)};
}

static DnShown
minus(DnShown a, DnShown b)
{
	return (DnShown) {a.units - b.units, more(a.dscale, b.dscale)};
}

/* Takes an amount into account, so that no sum can outgrow its type; false if one could. */
static bool
measure(DnAllocation *a, DnWide units)
{
	DnUWide		size = dn_magnitude(units);

	if (size >= SIZE_END || a->size + size >= SIZE_END)
		return false;
	a->size += size;
	return true;
}

/*
 * Begins with the parts of an item and no payment.  False if the amounts are
 * too large.
 */
bool
dn_allocation_begin(DnAllocation *a, bool negative, int n,
					const int32_t *due_on, const DnShown *amount)
{
	int			i;

	a->n = n;
	a->negative = negative;
	a->size = 0;
	a->unnamed = (DnShown) {0, 0};
	dn_fill_order(due_on, n, a->order);
	for (i = 0; i < n; i++)
	{
		a->amount[i] = amount[i];
		a->named[i] = (DnShown) {0, 0};
		if (!measure(a, amount[i].units))
			return false;
	}
	return true;
}

/* Adds a payment.  False, and nothing done, if the amounts are too large. */
bool
dn_allocation_pay(DnAllocation *a, const DnPayment *p)
{
	DnShown		paid = {p->units, p->dscale};

	if (!measure(a, p->units))
		return false;
	a->unnamed.dscale = more(a->unnamed.dscale, p->dscale);
	if (p->part >= 1 && p->part <= a->n)
		a->named[p->part - 1] = plus(a->named[p->part - 1], paid);
	else
		a->unnamed = plus(a->unnamed, paid);
	return true;
}

/* An amount with the sign of the item turned to plus, or back. */
static DnShown
mirror(const DnAllocation *a, DnShown v)
{
	if (a->negative)
		v.units = -v.units;
	return v;
}

/* What each part has received of the payments so far; together it is all of them. */
void
dn_allocate(const DnAllocation *a, DnShown *received)
{
	DnShown		unnamed = mirror(a, a->unnamed);
	DnShown		before = {0, 0};	/* what the parts before have room for */
	int			k;

	for (k = 0; k < a->n; k++)
	{
		const int	i = a->order[k];
		DnShown		room = mirror(a, minus(a->amount[i], a->named[i]));
		DnShown		v = minus(unnamed, before);

		if (room.units < 0)
			room = (DnShown) {0, 0};
		if (k > 0 && v.units <= 0)
			v = (DnShown) {0, 0};
		if (k < a->n - 1 && room.units <= v.units)
			v = room;
		received[i] = plus(a->named[i], mirror(a, v));
		before = plus(before, room);
	}
}

/* Lets p[root] sink to its place among the heap of n below it. */
static void
sift(DnPayment *p, int32_t root, int32_t n)
{
	DnPayment	top = p[root];
	int32_t		child;

	while (root < n / 2)
	{
		child = 2 * root + 1;
		if (child + 1 < n && p[child].day < p[child + 1].day)
			child++;
		if (top.day >= p[child].day)
			break;
		p[root] = p[child];
		root = child;
	}
	p[root] = top;
}

/* Sorts payments by their days; those that come in order cost one look. */
void
dn_sort_payments(DnPayment *p, int32_t n)
{
	int32_t		i;

	for (i = 1; i < n && p[i - 1].day <= p[i].day; i++)
		;
	if (i >= n)
		return;
	for (i = n / 2; i-- > 0;)
		sift(p, i, n);
	for (i = n - 1; i > 0; i--)
	{
		DnPayment	last = p[i];

		p[i] = p[0];
		p[0] = last;
		sift(p, 0, i);
	}
}
