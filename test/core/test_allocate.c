/* test_allocate.c: what the parts of an item have received, beside a slow model */
#include "core/allocate.h"

#include "mutate.h"
#include "tap.h"

#define MOST 12					/* payments of an item made here */
#define ITEMS 20000

typedef struct Case
{
	int			n;
	bool		negative;
	int32_t		due_on[DN_PARTS_MAX];
	DnShown		amount[DN_PARTS_MAX];
	int			payments;
	DnPayment	payment[MOST];
} Case;

static void
make_case(Case *c)
{
	int			i;

	c->n = 1 + (int) mutate_random(mutate_random(20) == 0 ? DN_PARTS_MAX : 5);
	c->negative = mutate_random(3) == 0;
	for (i = 0; i < c->n; i++)
	{
		int64_t		units = (int64_t) mutate_random(50);

		/* few days, so that some parts are due on the same one; few are infinite */
		c->due_on[i] = mutate_random(30) == 0 ? DN_DAY_NEVER : (int32_t) mutate_random(4);
		c->amount[i].units = c->negative ? -units : units;
		c->amount[i].dscale = (int) mutate_random(4);
	}
	c->payments = (int) mutate_random(MOST + 1);
	for (i = 0; i < c->payments; i++)
	{
		DnPayment  *p = &c->payment[i];

		p->units = (int64_t) mutate_random(80) - (mutate_random(3) == 0 ? 60 : 10);
		if (c->negative)
			p->units = -p->units;
		p->day = (int32_t) mutate_random(5);
		p->part = mutate_random(2) == 0 ? 0 : (int32_t) mutate_random((uint64_t) c->n + 3) - 1;
		p->dscale = (int) mutate_random(5);
	}
}

/* What part i has by the end of a day: the rule told part by part, with plus for what is owed. */
static void
model(const Case *c, int32_t day, int64_t *received)
{
	const int	sign = c->negative ? -1 : 1;
	int64_t		left = 0;
	bool		done[DN_PARTS_MAX] = {false};
	int			k,
				i;

	for (i = 0; i < c->n; i++)
		received[i] = 0;
	for (k = 0; k < c->payments; k++)
	{
		const DnPayment *p = &c->payment[k];

		if (p->day > day)
			continue;
		if (p->part >= 1 && p->part <= c->n)
			received[p->part - 1] += (int64_t) p->units * sign;
		else
			left += (int64_t) p->units * sign;
	}
	for (k = 0; k < c->n; k++)
	{
		int			next = -1;
		int64_t		takes;

		for (i = 0; i < c->n; i++)
			if (!done[i] && (next < 0 || c->due_on[i] < c->due_on[next]))
				next = i;
		done[next] = true;
		takes = (int64_t) c->amount[next].units * sign - received[next];
		if (takes < 0)
			takes = 0;
		/* taken back beyond zero; too much */
		if (left < 0 || k == c->n - 1 || takes > left)
			takes = left;
		received[next] += takes;
		left -= takes;
	}
	for (i = 0; i < c->n; i++)
		received[i] *= sign;
}

static void
test_random(void)
{
	int			wrong = 0,
				lost = 0,
				refused = 0,
				unsorted = 0,
				hidden = 0;
	int			item;

	for (item = 0; item < ITEMS; item++)
	{
		Case		c;
		DnAllocation a;
		DnShown		received[DN_PARTS_MAX];
		int64_t		expected[DN_PARTS_MAX];
		int32_t		day;
		int			next = 0,
					i;

		make_case(&c);
		refused += !dn_allocation_begin(&a, c.negative, c.n, c.due_on, c.amount);
		dn_sort_payments(c.payment, c.payments);
		for (i = 1; i < c.payments; i++)
			unsorted += c.payment[i - 1].day > c.payment[i].day;
		for (day = 0; day < 5; day++)
		{
			DnWide		sum = 0;

			for (; next < c.payments && c.payment[next].day == day; next++)
				refused += !dn_allocation_pay(&a, &c.payment[next]);
			dn_allocate(&a, received);
			model(&c, day, expected);
			for (i = 0; i < c.n; i++)
			{
				wrong += received[i].units != expected[i];
				sum += received[i].units;
				/* a payment shows as many decimals as it has, wherever it went */
				hidden += received[i].units != 0 && received[i].dscale > 4;
			}
			for (i = 0; i < next; i++)
				sum -= c.payment[i].units;
			lost += sum != 0;
		}
	}
	is_int(wrong, 0, "every part of %d items has on every day what the model says", ITEMS);
	is_int(lost, 0, "what the parts received is what was paid");
	is_int(unsorted, 0, "payments are sorted by day");
	is_int(refused, 0, "none is refused");
	is_int(hidden, 0, "no decimals are made up");
}

static void
pay(DnAllocation *a, int64_t units, int32_t part, int dscale)
{
	DnPayment	p = {units, 0, part, dscale};

	ok(dn_allocation_pay(a, &p), "%" PRId64 " is taken for part %d", units, part);
}

static void
shows(const DnAllocation *a, int part, int64_t units, int dscale)
{
	DnShown		received[DN_PARTS_MAX];

	dn_allocate(a, received);
	is_int((int64_t) received[part - 1].units, units, "part %d has %" PRId64, part, units);
	is_int(received[part - 1].dscale, dscale, "part %d shows %d decimals", part, dscale);
}

static void
test_rules(void)
{
	const int32_t due_on[] = {20, 10, 20};
	const DnShown amount[] = {{100, 2}, {200, 2}, {300, 2}};
	const DnShown credit[] = {{-100, 2}, {-200, 2}, {-300, 2}};
	DnAllocation a;

	ok(dn_allocation_begin(&a, false, 3, due_on, amount), "three parts");
	shows(&a, 2, 0, 0);
	pay(&a, 250, 0, 3);
	shows(&a, 2, 200, 2);		/* due first: its own room */
	shows(&a, 1, 50, 3);		/* the rest of the payment */
	shows(&a, 3, 0, 0);
	pay(&a, 150, 1, 0);
	shows(&a, 1, 150, 0);		/* named beyond its amount, so the rest moves on */
	shows(&a, 3, 50, 3);
	pay(&a, 1000, 7, 0);
	shows(&a, 3, 1050, 3);		/* no part 7, and too much for all */
	pay(&a, -1500, 0, 0);
	shows(&a, 2, -250, 3);		/* taken back beyond zero */
	shows(&a, 3, 0, 0);

	ok(dn_allocation_begin(&a, true, 3, due_on, credit), "a credit note");
	pay(&a, -250, 0, 2);
	shows(&a, 2, -200, 2);
	shows(&a, 1, -50, 2);
	pay(&a, 300, 0, 2);
	shows(&a, 2, 50, 2);
}

static void
test_limits(void)
{
	const DnWide most = ((DnWide) 1 << (DN_ALLOCATE_BITS - 1)) - 1;
	const int32_t due_on[] = {0, 0};
	DnShown		amount[] = {{most, 0}, {0, 0}};
	DnPayment	p = {-most, 0, 0, 0};
	DnShown		received[DN_PARTS_MAX];
	DnAllocation a;

	ok(dn_allocation_begin(&a, false, 2, due_on, amount), "an amount of half the size");
	ok(dn_allocation_pay(&a, &p), "a refund of the other half");
	dn_allocate(&a, received);
	ok(received[0].units == -most && received[1].units == 0, "is exact");
	p.units = 2;
	ok(!dn_allocation_pay(&a, &p), "more is refused");
	dn_allocate(&a, received);
	ok(received[0].units == -most, "and not taken");
	p.units = (DnWide) ((DnUWide) 1 << 127);
	ok(!dn_allocation_pay(&a, &p), "so is the least number");
	amount[1].units = most;
	amount[0].units = -most - 3;
	ok(!dn_allocation_begin(&a, true, 2, due_on, amount), "parts that are too large are refused");
}

int
main(void)
{
	test_rules();
	test_limits();
	test_random();
	return done_testing();
}
