/* test_customer.c: the decision on the items of a customer, by published rows and beside a slow model */
#include "core/customer.h"

#include "mutate.h"
#include "tap.h"

#define ITEMS 6

static DnProcedureRoom room;

typedef struct Life
{
	DnProcedure p;
	DnCustomer	c;
	DnMember	member[ITEMS];
	DnTaken		taken[ITEMS];
	DnFacts		facts[ITEMS];
	DnFact		fact[ITEMS][8];
	char		names[ITEMS][256];
} Life;

static void
begin(Life *l, const char *procedure)
{
	DnError		err;

	memset(l, 0, sizeof(*l));
	if (!dn_parse_procedure(procedure, strlen(procedure), &room, &l->p, &err))
		ok(false, "\"%s\": %s", procedure, err.what);
	l->c.procedure = &l->p;
	l->c.member = l->member;
	l->c.sent_on = DN_DAY_EVER;
	l->c.currency = "EUR";
}

static DnMember *
add(Life *l, int32_t due_on, int64_t open, const char *facts)
{
	DnMember   *m = &l->member[l->c.n];
	DnError		err;

	m->item.procedure = &l->p;
	m->item.due_on = due_on;
	m->item.has_open = true;
	m->item.open = open;
	m->item.currency = "EUR";
	m->nets = true;
	if (facts != NULL && !dn_parse_facts(facts, strlen(facts), l->fact[l->c.n], l->names[l->c.n], &l->facts[l->c.n], &err))
		ok(false, "\"%s\": %s", facts, err.what);
	m->item.facts = &l->facts[l->c.n++];
	return m;
}

static DnCustomerDecision
decided(Life *l, int32_t day)
{
	DnCustomerDecision d;

	dn_decide_customer(&l->c, day, l->taken, &d);
	return d;
}

/* DL-08 to DL-10 and DL-12 to DL-15: states by account, counted from the earliest item that is not paid */
static void
published(void)
{
	static const struct
	{
		const char *procedure;
		int32_t		days;
		int			level;
	}			row[] = {
		{"30 od1; 40 od2; 50 od3; mode jump; by customer", 24, 0}, {"30 od1; 40 od2; 50 od3; mode jump; by customer", 30, 1},
		{"30 od1; 40 od2; 50 od3; mode jump; by customer", 40, 2}, {"30 od1; 40 od2; 50 od3; mode jump; by customer", 50, 3},
		{"5 warning; 7 blocked; 11 cancellation; mode jump; by customer", 4, 0}, {"5 warning; 7 blocked; 11 cancellation; mode jump; by customer", 5, 1},
		{"5 warning; 7 blocked; 11 cancellation; mode jump; by customer", 7, 2}, {"5 warning; 7 blocked; 11 cancellation; mode jump; by customer", 11, 3}
	};
	Life		l;
	DnCustomerDecision d;
	size_t		i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++)
	{
		begin(&l, row[i].procedure);
		add(&l, 0, 100, NULL);
		d = decided(&l, row[i].days);
		ok((d.state == DN_STATE_DUE ? d.level : 0) == row[i].level, "%s, day %d: level %d", row[i].procedure, row[i].days, d.state == DN_STATE_DUE ? d.level : 0);
	}

	/* #2297: two invoices, of 31 May (0) and 2 June (2); the older one is paid on 2 June */
	for (i = 3; i <= 15; i++)
	{
		begin(&l, row[4].procedure);
		add(&l, 0, 0, NULL);
		add(&l, 2, 100, NULL);
		d = decided(&l, (int32_t) i);
		ok((d.state == DN_STATE_DUE ? d.level : 0) == (i < 7 ? 0 : i < 9 ? 1 : i < 13 ? 2 : 3), "two invoices, the older one paid: level %d on day %zu", d.level, i);
	}

	/* DL-06: 100 of 1000 is not below 10 %; one less is, and leads to the step below */
	for (i = 0; i < 2; i++)
	{
		begin(&l, "5 a; 10 b min 0.0010 EUR and 10%; mode jump; by customer");
		l.member[0].item.scale = 0;
		add(&l, 0, 100 - (int64_t) i, NULL)->item.scale = DN_FEE_SCALE;
		add(&l, 100, 900, NULL)->item.scale = DN_FEE_SCALE;
		d = decided(&l, 20);
		ok(d.state == DN_STATE_DUE && d.level == (i == 0 ? 2 : 1), "%d of %d: level %d", 100 - (int) i, 1000 - (int) i, d.level);
	}
}

static void
rules(void)
{
	Life		l;
	DnCustomerDecision d;

	begin(&l, "5 email; 10 phone; 20 letter; wait 3; mode jump; by customer");
	add(&l, 0, 100, NULL);
	add(&l, 10, 70, NULL);
	add(&l, 25, 10, NULL);
	add(&l, 0, -20, NULL);
	d = decided(&l, 20);
	ok(d.state == DN_STATE_DUE && d.level == 3 && d.items == 2 && d.asked == 170 * dn_power(DN_FEE_SCALE) && d.credit == 20 * dn_power(DN_FEE_SCALE),
	   "the highest step, of what is past due");
	ok(l.taken[0].level == 3 && l.taken[1].level == 3 && l.taken[2].level == 0 && l.taken[3].level == 0, "one step for both");
	l.member[3].item.open = -170;
	d = decided(&l, 20);
	ok(d.state == DN_STATE_SETTLED && d.reason == DN_REASON_CREDIT && d.items == 0, "a credit as high as what is asked for");
	l.member[3].nets = false;
	d = decided(&l, 20);
	ok(d.state == DN_STATE_DUE && d.credit == 0, "one that does not count");
	l.c.sent_on = 18;
	d = decided(&l, 20);
	ok(d.state == DN_STATE_SCHEDULED && d.step_on == 21 && d.reason == DN_REASON_REMINDER && d.changes && d.changes_on == 21, "the wait is the customer's");

	begin(&l, "5 email; 10 phone; 20 letter; wait 3; mode jump; by customer");
	add(&l, 0, 100, "{reminder 20 letter raised 1999-01-01}");
	add(&l, 15, 70, NULL);
	l.fact[0][0].on_day = l.fact[0][0].noted = 20;
	d = decided(&l, 20);
	ok(d.state == DN_STATE_DUE && d.level == 3 && d.items == 1 && l.taken[1].level == 3, "an item joins what is to be sent");
	l.fact[0][0].how = DN_SENT;
	l.fact[0][0].done_on = 20;
	d = decided(&l, 20);
	ok(d.state == DN_STATE_SCHEDULED && d.level == 1 && d.step_on == 23, "and not what was sent");

	begin(&l, "5 email; 10 phone; by customer");
	add(&l, 0, 100, "{hold dispute from 1999-01-01}");
	add(&l, 0, 50, NULL);
	d = decided(&l, 5);
	ok(d.items == 1 && l.taken[0].level == 0 && d.owed == 150 * dn_power(DN_FEE_SCALE), "what is held takes no step, and is owed");
	add(&l, 0, 0, NULL);
	l.member[1].item.open = 0;
	d = decided(&l, 5);
	ok(d.state == DN_STATE_HELD && d.reason == DN_REASON_HOLD && d.by == 0, "all that is open is held");
	/* 40 of 100 are held from automatic steps only */
	begin(&l, "5 email min 90 EUR; 10 phone min 90 EUR manual; by customer");
	add(&l, 0, 60, "{reminder 5 email raised 2000-01-02 sent 2000-01-02}");
	l.member[0].held = 40;
	d = decided(&l, 12);
	ok(d.state == DN_STATE_BELOW_MINIMUM && d.level == 2 && d.owed == 100 * dn_power(DN_FEE_SCALE), "less than the minimum is asked for");
	l.member[0].item.has_hand = true;
	l.member[0].item.hand = 10000;
	l.member[0].item.hand_scale = 2;
	d = decided(&l, 12);
	ok(d.state == DN_STATE_DUE && d.level == 2 && d.asked == 100 * dn_power(d.scale), "a person asks for more");
	l.fact[0][0].how = DN_PENDING;
	l.fact[0][0].done_on = l.fact[0][0].done_noted = DN_DAY_NEVER;
	add(&l, 4, 20, NULL);
	d = decided(&l, 9);
	ok(d.state == DN_STATE_BELOW_MINIMUM && d.level == 1 && l.taken[1].level == 0, "an automatic step does not, also beside what is to be sent");
	begin(&l, "5 email; 10 phone min 90 EUR manual; wait 1; by customer; level each");
	add(&l, 0, 60, "{reminder 5 email raised 2000-01-02 sent 2000-01-02}");
	l.member[0].item.has_hand = true;
	l.member[0].item.hand = 75;
	add(&l, 5, 10, NULL);
	d = decided(&l, 12);
	ok(d.state == DN_STATE_DUE && l.taken[0].level == 0 && l.taken[1].level == 1 && d.asked == 10 * dn_power(DN_FEE_SCALE), "each its own step: 85 are below the minimum of 90");
	l.member[0].item.hand = 80;
	d = decided(&l, 12);
	ok(l.taken[0].level == 2 && l.taken[1].level == 1 && d.asked == 90 * dn_power(DN_FEE_SCALE), "each asks for what its step does");

	begin(&l, "5 email; reject 0 phone; wait 9; by customer");
	add(&l, 0, 100, "{reject ac04 on 1999-12-31}");
	add(&l, 0, 50, NULL);
	l.c.sent_on = 0;
	d = decided(&l, 5);
	ok(d.state == DN_STATE_DUE && l.taken[0].level == 2 && l.taken[1].level == 0, "a rejection goes its own way");
	begin(&l, "5 email; 15 letter; reject 0 phone; reject 0 task; by customer");
	add(&l, 0, 100, "{reject ac04 on 2000-01-15}");
	add(&l, 0, 50, "{reject ac04 on 2000-01-15; reminder reject 0 phone raised 2000-01-16; reminder reject 0 task raised 2000-01-16}");
	add(&l, 0, 70, NULL);
	d = decided(&l, 15);
	ok(l.taken[0].level == 3 && l.taken[0].own.also == 8 && l.taken[1].level == 0 && l.taken[2].level == 1, "on the day of such a step an item does not join the ladder of the others");
}

/* The rule told step by step and item by item, for items without holds that had their first steps on some days. */
static void
model(const Life *l, const int *done, int32_t last_on, int32_t day, const int32_t *days, int n, int *level, bool *takes)
{
	bool		ready[ITEMS];
	bool		past = false;
	int			i,
				k;

	*level = 0;
	for (i = 0; i < l->c.n; i++)
	{
		takes[i] = false;
		ready[i] = l->member[i].item.open > 0 && done[i] < n && l->member[i].item.due_on + days[done[i]] <= day &&
			(done[i] == 0 || last_on < day);
		past = past || (ready[i] && l->member[i].item.due_on < day);
	}
	for (k = n; k >= 1; k--)
	{
		DnWide		asked = 0,
					credit = 0;
		bool		leads = false;

		for (i = 0; i < l->c.n; i++)
		{
			if (l->member[i].item.open < 0)
				credit -= l->member[i].item.open;
			takes[i] = l->member[i].item.open > 0 && l->member[i].item.due_on < day && done[i] < k;
			leads = leads || (takes[i] && ready[i] && done[i] == k - 1);
			asked += takes[i] ? l->member[i].item.open : 0;
		}
		if (leads && asked > credit && last_on + 3 <= day)
			*level = k;
		if (leads)
			break;
	}
	for (i = 0; i < l->c.n; i++)
		takes[i] = takes[i] && *level > 0;
}

static void
lives(void)
{
	static const int32_t days[] = {5, 10, 20};
	static const char *const names[] = {"5 email", "10 phone", "20 letter"};
	int			wrong = 0,
				due = 0;
	int			n = cases(20000);

	while (n-- > 0)
	{
		Life		l;
		int			done[ITEMS];
		bool		takes[ITEMS];
		int32_t		day = 20 + (int32_t) mutate_random(30);
		int32_t		last_on = -100;
		int			level,
					i;
		DnCustomerDecision d;

		begin(&l, "5 email; 10 phone; 20 letter; wait 3; by customer");
		for (i = 1 + (int) mutate_random(ITEMS); i > 0; i--)
		{
			char		facts[256] = "{";
			int			k = l.c.n;
			int			f;

			done[k] = (int) mutate_random(4);
			for (f = 0; f < done[k]; f++)
				snprintf(facts + strlen(facts), sizeof(facts) - strlen(facts), "%sreminder %s raised 1999-01-01 sent 1999-01-01", f > 0 ? "; " : "", names[f]);
			strcat(facts, "}");
			add(&l, (int32_t) mutate_random(50), (int64_t) mutate_random(8) - 2, facts);
			for (f = 0; f < done[k]; f++)
			{
				DnFact	   *fact = &l.fact[k][f];

				fact->on_day = fact->noted = fact->done_on = fact->done_noted = (int32_t) mutate_random((uint64_t) day);
				if (f > 0 && fact->on_day < fact[-1].on_day)
					fact->on_day = fact->noted = fact->done_on = fact->done_noted = fact[-1].on_day;
				if (fact->done_on > last_on)
					last_on = fact->done_on;
			}
		}
		d = decided(&l, day);
		/* of the items and of the customer */
		model(&l, done, last_on, day, days, 3, &level, takes);
		if ((d.state == DN_STATE_DUE ? d.level : 0) != level)
			wrong++;
		for (i = 0; i < l.c.n; i++)
			if ((l.taken[i].level > 0) != takes[i] || (takes[i] && (l.taken[i].level != level || l.taken[i].occurrence != 1)))
				wrong++;
		due += level > 0;
		/* the answer holds until the day on which it changes */
		if (d.changes)
		{
			int32_t		later;

			for (later = day + 1; later < d.changes_on && later < day + 40; later++)
			{
				DnCustomerDecision e;

				dn_decide_customer_day(&l.c, later, l.taken, &e);
				wrong += e.state != d.state || e.level != d.level || e.items != d.items;
			}
		}
	}
	ok(wrong == 0 && due > 1000, "random customers: %d due, %d wrong", due, wrong);
}

int
main(void)
{
	published();
	rules();
	lives();
	return done_testing();
}
