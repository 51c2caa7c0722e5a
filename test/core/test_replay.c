/* test_replay.c: the replay of a customer, beside a walk through every day that remembers nothing */
#include "core/replay.h"

#include <stdio.h>

#include "mutate.h"
#include "tap.h"

#define ITEMS 4
#define ROOM 400
#define DAYS 70

static const char *const procedures[] = {
	"4 email; 9 letter min 60 EUR; 14 phone min 90 EUR and 40% manual; wait 3; by customer",
	"4 email; 9 letter manual; 14 phone min 90 EUR; reject 0 phone min 90 EUR manual; reject 0 task; reject ac04 1 email; wait 2; by customer; level lowest",
	"-2 email; 4 email; 9 letter min 50 EUR; 14 phone manual repeat 6; reject 0 phone; broken promise 0 task; broken plan 1 email; broken plan 1 letter; wait 1; by customer; level each",
	"4 email; after 5 letter min 90 EUR manual; after 4 phone repeat 5; wait 3; mode jump; by customer; following business day"
};

/* The facts of an item, with room for those of the walk. */
typedef struct Book
{
	DnFact		fact[ROOM];
	char		names[16384];
	DnFacts		facts;
	int32_t		day[3][4];
	int32_t		amount[3][4];
	DnHistory	history[3];		/* what is asked for, all, and what a person asks for */
} Book;

static Book book[ITEMS];
static DnProcedureRoom room[2];

static void
read_facts(Book *b, const char *text)
{
	DnError		err;

	if (!dn_parse_facts(text, strlen(text), b->fact, b->names, &b->facts, &err))
		ok(false, "\"%s\": %s", text, err.what);
	b->facts.fact = b->fact;
	b->facts.names = b->names;
}

/* Holds, rejections, and reminders of before the first day; days count from 2000-01-01. */
static void
random_facts(Book *b, const DnProcedure *p)
{
	static const char *const then[] = {"continue", "wait", "restart"};
	static const char *const stops[] = {"all", "automatic", "none"};
	static const char *const reasons[] = {"dispute", "tolerance", "statements", "promise"};
	char		text[1024] = "{";
	int			n = (int) mutate_random(4);
	int			i;

	for (i = 0; i < n; i++)
	{
		int			day = 1 + (int) mutate_random(28);

		if (i > 0)
			strcat(text, "; ");
		if (mutate_random(3) == 0)
			sprintf(text + strlen(text), "reject %s on 2000-01-%02d", mutate_random(2) ? "ac04" : "am04", day);
		else if (mutate_random(4) == 0)
			sprintf(text + strlen(text), "hold broken_%s from 2000-01-%02d until 2000-01-%02d stops none", mutate_random(2) ? "promise" : "plan", day, day);
		else
			sprintf(text + strlen(text), "hold %s from 2000-01-%02d until 2000-%02d-%02d stops %s then %s", reasons[mutate_random(4)], day, mutate_random(3) ? 2 : 3,
					1 + (int) mutate_random(28), stops[mutate_random(3)], then[mutate_random(3)]);
	}
	strcat(text, "}");
	read_facts(b, text);
	if (mutate_random(3) == 0)
	{
		DnFact	   *f = &b->fact[b->facts.n++];

		memset(f, 0, sizeof(*f));
		f->kind = DN_FACT_REMINDER;
		f->on_day = f->noted = -1 - (int32_t) mutate_random(5);
		f->done_on = f->done_noted = mutate_random(2) ? f->on_day : DN_DAY_NEVER;
		f->how = f->done_on == DN_DAY_NEVER ? (uint8_t) DN_PENDING : (uint8_t) DN_SENT;
		f->ended_on = f->ended_noted = DN_DAY_NEVER;
		f->occurrence = 1;
		dn_step_when(p, 0, &f->when);
		f->name = (uint32_t) b->facts.names_len;
		f->name_len = p->step[0].channel_len;
		memcpy(b->names + f->name, p->texts + p->step[0].text, f->name_len);
		b->facts.names_len += f->name_len;
		for (; f > b->fact && f[-1].on_day > f->on_day; f--)
		{
			DnFact		moved = *f;

			f[0] = f[-1];
			f[-1] = moved;
		}
	}
}

/* What is open, and less on the days on which a part is held. */
static void
random_balance(Book *b)
{
	int			k,
				i,
				n = 1 + (int) mutate_random(3);

	for (k = 0; k < 3; k++)
	{
		b->day[k][0] = -20;
		b->amount[k][0] = mutate_random(6) == 0 && k == 0 ? -40 : 100;
		if (k > 0)
			b->amount[k][0] = b->amount[0][0];
		b->history[k].width = 4;
		b->history[k].day = b->day[k];
		b->history[k].amount = (const unsigned char *) b->amount[k];
		b->history[k].scale = 0;
	}
	for (i = 1; i < n; i++)
	{
		b->day[0][i] = b->day[1][i] = b->day[2][i] = b->day[0][i - 1] + 1 + (int32_t) mutate_random(40);
		b->amount[0][i] = b->amount[1][i] = b->amount[2][i] = mutate_random(3) == 0 ? 60 : -50;
	}
	b->history[0].n = b->history[1].n = b->history[2].n = n;
	/* a part is held from a day on, all of it or a half from automatic steps only */
	if (mutate_random(3) == 0 && b->amount[0][0] > 0)
	{
		b->day[0][n] = b->day[0][n - 1] + 1 + (int32_t) mutate_random(20);
		b->amount[0][n] = -20;
		b->history[0].n++;
		b->day[2][n] = b->day[0][n];
		b->amount[2][n] = -10 * (int32_t) mutate_random(2);
		b->history[2].n++;
	}
}

/* The day on which a fact was noted, and its ends. */
static void
note_at_random(Book *b)
{
	int			i;

	for (i = 0; i < b->facts.n; i++)
	{
		DnFact	   *f = &b->fact[i];

		f->noted = f->on_day + (int32_t) mutate_random(20);
		if (f->done_on != DN_DAY_NEVER)
			f->done_noted = f->noted + (int32_t) mutate_random(20);
	}
}

/* What was known of a fact on a day; false: nothing. */
static bool
known_fact(DnFact *f, bool as_seen, int32_t day)
{
	if (!as_seen)
		return true;
	if (f->done_noted > day)
	{
		f->done_on = f->done_noted = DN_DAY_NEVER;
		if (f->kind == DN_FACT_REMINDER)
			f->how = DN_PENDING;
	}
	if (f->ended_noted > day)
	{
		f->ended_on = f->ended_noted = DN_DAY_NEVER;
		if (f->kind == DN_FACT_REMINDER)
			f->then = 0;
	}
	return f->noted <= day;
}

static void
know(const Book *b, bool as_seen, int32_t day, DnFact *at, DnFacts *known)
{
	int			i;

	*known = b->facts;
	known->fact = at;
	known->n = 0;
	for (i = 0; i < b->facts.n; i++)
	{
		at[known->n] = b->fact[i];
		known->n += known_fact(&at[known->n], as_seen, day);
	}
}

static bool
open_pending(const DnFact *fact, bool as_seen, int32_t day)
{
	DnFact		copy = *fact;
	const DnFact *f = &copy;

	return known_fact(&copy, as_seen, day) && f->kind == DN_FACT_REMINDER && f->on_day < day && dn_fact_stands(f, day) && !dn_fact_done(f, day);
}

static void
withdraw(DnFact *f, int32_t day)
{
	f->ended_on = f->ended_noted = day;
	f->then = 1;
}

typedef struct Said
{
	int32_t		day;
	int			member,
				level;
	int32_t		occurrence;
	bool		withdrawn;
} Said;

static int
cmp_said(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(Said));
}

static void
note(Said *said, int *n, int32_t day, int member, int level, int32_t occurrence, bool withdrawn)
{
	memset(&said[*n], 0, sizeof(Said));
	said[*n].day = day;
	said[*n].member = member;
	said[*n].level = level;
	said[*n].occurrence = occurrence;
	said[(*n)++].withdrawn = withdrawn;
}

static int
level_of(const DnProcedure *p, const Book *b, const DnFact *f)
{
	return dn_find_step(p, &f->when, b->names + f->name, f->name_len) + 1;
}

/* What an item is asked for with a step on a day */
static DnWide
asked_on(const DnMember *m, const DnProcedure *p, int level, int32_t day)
{
	return dn_history_open(p->step[level - 1].manual ? m->item.by_hand : m->item.balance, day) * dn_power(DN_FEE_SCALE);
}

/* The runs of all days, each by the plain decision of its day */
static int
walk(DnCustomer *c, DnMember *member, const DnChange *change, int changes, bool sends, bool as_seen, Said *said)
{
	static DnFact known_room[ITEMS][ROOM];
	DnFacts		known[ITEMS];
	int			n = 0;
	int32_t		day;
	int			i,
				k,
				level;

	for (day = 0; day < DAYS; day++)
	{
		const DnProcedure *p = change[changes > 1 && day >= change[1].from].procedure;
		bool		led[DN_STEPS_MAX + 1];
		DnWide		asked[DN_STEPS_MAX + 1];
		DnWide		all,
					owed = 0,
					credit = 0;
		int			before;
		DnTaken		taken[ITEMS];
		DnCustomerDecision d;

		c->procedure = p;
		for (i = 0; i < c->n; i++)
		{
			DnWide		open = dn_history_open(&book[i].history[1], day) * dn_power(DN_FEE_SCALE);

			member[i].item.procedure = p;
			know(&book[i], as_seen, day, known_room[i], &known[i]);
			member[i].item.facts = &known[i];
			owed += open > 0 ? open : 0;
			credit -= open < 0 ? open : 0;
		}
again:
		before = n;
		all = 0;
		memset(led, 0, sizeof(led));
		memset(asked, 0, sizeof(asked));
		for (i = 0; i < c->n; i++)
			for (k = 0; k < book[i].facts.n; k++)
			{
				DnFact	   *f = &book[i].fact[k];
				DnItem		item = member[i].item;
				DnState		state = DN_STATE_EXHAUSTED;

				if (!open_pending(f, as_seen, day))
					continue;
				item.pending = true;
				level = level_of(p, &book[i], f);
				if (level > 0 && dn_counts(&item, &f->when, f->on_day, day))
					state = dn_step_state(&item, level, f->occurrence, day);
				if ((state != DN_STATE_DUE && (state != DN_STATE_SCHEDULED || f->when.event || item.due_on >= day)) ||
					asked_on(&member[i], p, level, day) != asked_on(&member[i], p, level, f->on_day) ||
					dn_history_open(&book[i].history[1], day) != dn_history_open(&book[i].history[1], f->on_day))
				{
					withdraw(f, day);
					note(said, &n, day, i, level, f->occurrence, true);
				}
				else if (level <= p->n)
				{
					led[level] = led[level] || state == DN_STATE_DUE;
					asked[level] += asked_on(&member[i], p, level, day);
					all += asked_on(&member[i], p, level, day);
				}
			}
		for (i = 0; i < c->n; i++)
			for (k = 0; k < book[i].facts.n; k++)
			{
				DnFact	   *f = &book[i].fact[k];
				DnWide		sum;

				level = level_of(p, &book[i], f);
				if (!open_pending(f, as_seen, day) || level > p->n)
					continue;
				sum = p->by == DN_BY_EACH ? all : asked[level];
				if (!led[level] || sum <= credit || dn_customer_below(p, level, sum - credit, owed - credit, DN_FEE_SCALE, "EUR"))
				{
					withdraw(f, day);
					note(said, &n, day, i, level, f->occurrence, true);
				}
			}
		if (n > before)
			goto again;
		for (i = 0; i < c->n; i++)
			know(&book[i], as_seen, day, known_room[i], &known[i]);
		dn_decide_customer_day(c, day, taken, &d);
		for (i = 0; i < c->n; i++)
			for (level = 1; level <= dn_steps(p); level++)
			{
				DnFact	   *f;

				if (taken[i].level == 0 || (level != taken[i].level && !(taken[i].level > p->n && (taken[i].own.also >> (level - 1) & 1))))
					continue;
				note(said, &n, day, i, level, taken[i].occurrence, false);
				f = &book[i].fact[book[i].facts.n++];
				memset(f, 0, sizeof(*f));
				f->kind = DN_FACT_REMINDER;
				f->on_day = f->noted = day;
				f->done_on = f->done_noted = sends ? day : DN_DAY_NEVER;
				f->how = sends ? DN_SENT : DN_PENDING;
				f->ended_on = f->ended_noted = DN_DAY_NEVER;
				f->occurrence = taken[i].occurrence;
				dn_step_when(p, level - 1, &f->when);
				f->name = (uint32_t) book[i].facts.names_len;
				f->name_len = p->step[level - 1].channel_len;
				memcpy(book[i].names + f->name, p->texts + p->step[level - 1].text, f->name_len);
				book[i].facts.names_len += f->name_len;
				for (; f > book[i].fact && f[-1].on_day > f->on_day; f--)
				{
					DnFact		moved = *f;

					f[0] = f[-1];
					f[-1] = moved;
				}
			}
	}
	return n;
}

static int
replay(DnCustomerReplay *r, Said *said, int *grown)
{
	DnCustomerReplayed event;
	int			n = 0;

	dn_customer_replay_begin(r);
	while (dn_customer_replay_next(r, &event))
	{
		if (event.needs_room)
		{
			r->item[event.member].room += 3;
			(*grown)++;
		}
		else
			note(said, &n, event.day, event.member, event.level, event.fact->occurrence, event.withdrawn);
	}
	return n;
}

int
main(void)
{
	int			n = cases(2000);
	int			wrong = 0,
				raised = 0,
				withdrawn = 0,
				grown = 0;
	while (n-- > 0)
	{
		static DnFact fact[ITEMS][ROOM];
		static DnFact seen[ITEMS][ROOM];
		static char names[ITEMS][16384];
		static Said said[2][2000];
		DnProcedure p[2];
		DnChange	change[2] = {{DN_DAY_EVER, &p[0]}, {0, &p[1]}};
		DnMember	member[ITEMS];
		DnReplay	item[ITEMS];
		DnTaken		taken[ITEMS];
		int32_t		look[ITEMS];
		DnCustomerReplay r = {.member = member,.item = item,.taken = taken,.look = look,.change = change,.from = 0,.to = DAYS - 1};
		DnCustomer	c;
		DnError		err;
		int			i,
					told,
					walked;

		for (i = 0; i < 2; i++)
		{
			const char *text = procedures[mutate_random(4)];

			if (!dn_parse_procedure(text, strlen(text), &room[i], &p[i], &err))
				ok(false, "%s", err.what);
		}
		r.changes = 1 + (int) mutate_random(2);
		change[1].from = (int32_t) mutate_random(50);
		r.sends = mutate_random(2) == 0;
		r.as_seen = mutate_random(2) == 0;
		r.customer.n = 1 + (int) mutate_random(ITEMS);
		r.customer.sent_on = DN_DAY_EVER;
		r.customer.currency = "EUR";
		memset(member, 0, sizeof(member));
		memset(item, 0, sizeof(item));
		for (i = 0; i < r.customer.n; i++)
		{
			Book	   *b = &book[i];

			memset(b, 0, sizeof(*b));
			random_facts(b, &p[0]);
			random_balance(b);
			if (r.as_seen)
				note_at_random(b);
			member[i].item.due_on = (int32_t) mutate_random(30) - 5;
			member[i].item.balance = &b->history[0];
			member[i].item.by_hand = &b->history[2];
			member[i].item.currency = "EUR";
			member[i].all = &b->history[1];
			member[i].nets = true;
			item[i].item = member[i].item;
			item[i].item.facts = &b->facts;
			item[i].fact = fact[i];
			item[i].seen = seen[i];
			item[i].names = names[i];
			item[i].room = b->facts.n;
		}
		told = replay(&r, said[0], &grown);
		wrong += r.full;
		c = r.customer;
		walked = walk(&c, member, change, r.changes, r.sends, r.as_seen, said[1]);
		qsort(said[0], (size_t) told, sizeof(Said), cmp_said);
		qsort(said[1], (size_t) walked, sizeof(Said), cmp_said);
		if (told != walked || memcmp(said[0], said[1], (size_t) told * sizeof(Said)) != 0)
			wrong++;
		for (i = 0; i < walked; i++)
		{
			withdrawn += said[1][i].withdrawn;
			raised += !said[1][i].withdrawn;
		}
	}
	ok(wrong == 0, "%d customers are other ones than day by day", wrong);
	ok(raised > 2000 && withdrawn > 200, "%d raised, %d withdrawn", raised, withdrawn);
	ok(grown > 1000, "room was given as it was needed (%d)", grown);
	return done_testing();
}
