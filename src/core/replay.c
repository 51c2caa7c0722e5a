/* core/replay.c: see replay.h */
#include "replay.h"

#include <string.h>

static bool
same_step(const DnFact *a, const char *a_name, const DnFact *b, const char *b_name)
{
	return a->occurrence == b->occurrence && dn_same_when(&a->when, &b->when) &&
		a->name_len == b->name_len && memcmp(a_name, b_name, a->name_len) == 0;
}

static inline bool
pending(const DnFact *f, int32_t day)
{
	return f->kind == DN_FACT_REMINDER && dn_fact_stands(f, day) && !dn_fact_done(f, day);
}

/* Where a name is among those of the facts; it is added if it is not there. */
static uint32_t
name_of(DnReplay *r, const char *name, uint8_t len)
{
	uint32_t	at = (uint32_t) r->facts.names_len;
	int32_t		i;

	for (i = 0; i < r->facts.n; i++)
		if (r->fact[i].name_len == len && memcmp(r->names + r->fact[i].name, name, len) == 0)
			return r->fact[i].name;
	memcpy(r->names + at, name, len);
	r->facts.names_len += len;
	return at;
}

/* Adds a fact at the end: it is of the latest day so far, or was there before. */
static DnFact *
add(DnReplay *r, const DnFact *fact, const char *name)
{
	DnFact	   *f;

	if (r->facts.n == (r->room > 0 ? r->room : DN_FACTS_MAX))
	{
		r->full = true;
		return NULL;
	}
	f = &r->fact[r->facts.n];
	*f = *fact;
	f->name = name_of(r, name, f->name_len);
	r->facts.n++;
	return f;
}

/* Keeps the facts in the order of their days after one was added. */
static DnFact *
settle(DnReplay *r, DnFact *f)
{
	while (f > r->fact && f[-1].on_day > f->on_day)
	{
		DnFact		moved = *f;

		f[0] = f[-1];
		f[-1] = moved;
		f--;
	}
	return f;
}

/*
 * What is known before the first day, and what people say on the days.  A
 * reminder that a run withdrew on those days is pending again.
 */
void
dn_replay_begin(DnReplay *r)
{
	const DnFacts *old = r->item.facts;
	int32_t		i;

	r->facts.n = 0;
	r->facts.names_len = 0;
	r->facts.fact = r->fact;
	r->facts.names = r->names;
	r->next = 0;
	r->day = r->from;
	r->full = false;
	for (i = 0; old != NULL && i < old->n; i++)
	{
		DnFact		f = old->fact[i];

		if (f.kind == DN_FACT_REMINDER)
		{
			if (f.on_day >= r->from)
				continue;
			if (f.then == 1 && f.ended_on >= r->from)
			{
				f.ended_on = f.ended_noted = DN_DAY_NEVER;
				f.then = 0;
			}
		}
		(void) add(r, &f, dn_fact_name(old, &old->fact[i]));
	}
}

/* What became of the same reminder where a run did raise it on this day. */
static void
take_over(const DnReplay *r, DnFact *f)
{
	const DnFacts *old = r->item.facts;
	int32_t		i;

	for (i = 0; old != NULL && i < old->n; i++)
	{
		const DnFact *was = &old->fact[i];

		if (was->kind != DN_FACT_REMINDER || was->on_day != f->on_day ||
			!same_step(was, dn_fact_name(old, was), f, r->names + f->name))
			continue;
		f->how = was->how;
		f->done_on = was->done_on;
		f->done_noted = was->done_noted;
		if (was->then == 0)
		{
			f->ended_on = was->ended_on;
			f->ended_noted = was->ended_noted;
		}
		return;
	}
}

/* The state of the step of a pending reminder, as a run sees it. */
static DnState
state_of(const DnItem *given, const DnFact *fact, int32_t day)
{
	DnItem		item = *given;
	int			level = dn_find_step(item.procedure, &fact->when, dn_fact_name(item.facts, fact), fact->name_len) + 1;

	item.pending = true;
	if (level == 0 || !dn_counts(&item, &fact->when, fact->on_day, day))
		return DN_STATE_EXHAUSTED;
	return dn_step_state(&item, level, fact->occurrence, day);
}

/* Whether a reminder asks for as much on two days. */
static bool
same_asked(const DnItem *item, const DnFact *fact, int32_t a, int32_t b)
{
	int			i = item->by_hand == NULL ? -1 : dn_find_step(item->procedure, &fact->when, dn_fact_name(item->facts, fact), fact->name_len);
	const DnHistory *h = i >= 0 && item->procedure->step[i].manual ? item->by_hand : item->balance;

	return h == NULL || dn_history_open(h, a) == dn_history_open(h, b);
}

/*
 * Whether a run that looks at a pending reminder leaves it as it is: its step
 * is still one of the procedure, and due, and as much is open as on its day.
 */
bool
dn_step_stands(const DnItem *item, const DnFact *fact, int32_t as_of)
{
	return state_of(item, fact, as_of) == DN_STATE_DUE && same_asked(item, fact, as_of, fact->on_day);
}

static const DnProcedure *
procedure_on(const DnChange *change, int changes, int32_t day)
{
	int			i = changes - 1;

	while (i > 0 && change[i].from > day)
		i--;
	return change[i].procedure;
}

/* A day, or that on which the procedure changes after another, if that is earlier. */
static int32_t
next_change(const DnChange *change, int changes, int32_t day, int32_t next)
{
	int			i;

	for (i = 0; i < changes; i++)
		if (change[i].from > day && change[i].from < next)
			next = change[i].from;
	return next;
}

/* The first day of a run that is not before a day; false if there is none. */
static bool
next_run(const int32_t *run, int runs, int32_t to, int *next, int32_t *day)
{
	if (run == NULL)
		return *day <= to;
	while (*next < runs && run[*next] < *day)
		(*next)++;
	if (*next == runs || run[*next] > to)
		return false;
	*day = run[*next];
	return true;
}

static void
withdraw(DnFact *f, int32_t day)
{
	f->ended_on = f->ended_noted = day;
	f->then = 1;
	f->how = DN_PENDING;
	f->done_on = f->done_noted = DN_DAY_NEVER;
}

/*
 * The next pending reminder that a run of the day withdraws.  Those of a step
 * that repeats stand or fall together, unless another amount was open.
 */
static bool
review(DnReplay *r, const DnItem *item, DnReplayed *event)
{
	const DnFact *same = NULL;	/* one of the same step and amount that stands */
	int32_t		i;

	for (i = 0; i < r->facts.n; i++)
	{
		DnFact	   *f = &r->fact[i];
		DnFact		known = *f;

		/* what the day's own run raised is looked at by the next one */
		if ((r->as_seen && !dn_see_fact(&known, r->day)) || !pending(&known, r->day) || f->on_day == r->day)
			continue;
		if (same != NULL && dn_same_when(&same->when, &f->when) && same->name_len == f->name_len &&
			memcmp(r->names + same->name, r->names + f->name, f->name_len) == 0 &&
			same->on_day <= f->on_day && same_asked(item, f, same->on_day, f->on_day))
			continue;
		if (dn_step_stands(item, f, r->day))
		{
			same = f;
			continue;
		}
		withdraw(f, r->day);
		event->withdrawn = true;
		event->fact = f;
		event->level = dn_find_step(item->procedure, &f->when, r->names + f->name, f->name_len) + 1;
		return true;
	}
	return false;
}

/* Adds the reminder of a step, from 1; NULL if there is no room. */
static DnFact *
add_step(DnReplay *r, const DnProcedure *p, int level, int32_t occurrence)
{
	const DnStep *step = &p->step[level - 1];
	DnFact		fact = {0};
	DnFact	   *f;

	fact.kind = DN_FACT_REMINDER;
	fact.on_day = r->day;
	fact.noted = r->day;
	fact.done_on = fact.done_noted = fact.ended_on = fact.ended_noted = DN_DAY_NEVER;
	fact.occurrence = occurrence;
	dn_step_when(p, level - 1, &fact.when);
	fact.name_len = step->channel_len;
	f = add(r, &fact, p->texts + step->text);
	return f == NULL ? NULL : settle(r, f);
}

/* The step that is due; of the facts none is added if none is. */
static void
raise(DnReplay *r, const DnItem *item, DnReplayed *event)
{
	DnDecision *d = &event->decision;

	dn_decide_day(item, r->day, d);
	if (d->state != DN_STATE_DUE)
		return;
	event->withdrawn = false;
	event->fact = add_step(r, item->procedure, d->level, d->occurrence);
	event->level = event->fact == NULL ? 0 : d->level;
}

/* What becomes of what the run of a day raised is known after it. */
static void
end_day(DnReplay *r)
{
	int32_t		i;

	for (i = 0; i < r->facts.n; i++)
	{
		DnFact	   *f = &r->fact[i];

		if (f->kind != DN_FACT_REMINDER || f->on_day != r->day)
			continue;
		take_over(r, f);
		if (r->sends && f->how == DN_PENDING && f->ended_on == DN_DAY_NEVER)
		{
			f->how = DN_SENT;
			f->done_on = f->done_noted = r->day;
		}
	}
	r->day++;
}

static bool
raised_today(const DnReplay *r)
{
	int32_t		i;

	for (i = 0; i < r->facts.n; i++)
		if (r->fact[i].kind == DN_FACT_REMINDER && r->fact[i].on_day == r->day)
			return true;
	return false;
}

/*
 * The next thing that a run does, or a run that does no more; false after the
 * last one.  If there was no room for all facts, full tells so.
 */
bool
dn_replay_next(DnReplay *r, DnReplayed *event)
{
	DnItem		item = r->item;

	memset(event, 0, sizeof(*event));
	if (r->full || !next_run(r->run, r->runs, r->to, &r->next, &r->day))
		return false;
	item.facts = &r->facts;
	if (r->as_seen)
	{
		dn_see_facts(&r->facts, r->day, r->seen, &r->known);
		item.facts = &r->known;
	}
	item.procedure = event->procedure = procedure_on(r->change, r->changes, r->day);
	event->day = r->day;
	if (!review(r, &item, event))
	{
		bool		raised;

		raise(r, &item, event);
		raised = event->fact != NULL || raised_today(r);

		/* an event may have another step on this day */
		if (event->fact == NULL || !event->fact->when.event)
			end_day(r);
		/* nothing can become another before the next day that matters; what is noted later, or was raised and undone, may */
		if (!raised && !r->as_seen)
			r->day = next_change(r->change, r->changes, event->day, dn_next_day(&item, event->day));
	}
	return !r->full;
}

/*
 * The items of a customer
 */
enum
{
	NEXT_DAY,
	GIVE_ROOM,
	TELL_WITHDRAWN,
	TELL_RAISED
};

void
dn_customer_replay_begin(DnCustomerReplay *r)
{
	int			i;

	r->phase = NEXT_DAY;
	r->next = 0;
	r->day = r->from;
	r->full = false;
	r->customer.procedure = NULL;
	r->customer.member = r->member;
	r->scale = dn_customer_scale(&r->customer);
	for (i = 0; i < r->customer.n; i++)
	{
		r->item[i].from = r->from;
		r->item[i].sends = r->sends;
		dn_replay_begin(&r->item[i]);
		r->member[i].item.facts = r->as_seen ? &r->item[i].known : &r->item[i].facts;
	}
}

/* How many facts a run may add for an item. */
static int
needed_room(const DnCustomerReplay *r)
{
	int			events = 0;
	int			i;

	for (i = 0; i < r->changes; i++)
		if (r->change[i].procedure->events > events)
			events = r->change[i].procedure->events;
	return events + 1;
}

static void
look_again(DnCustomerReplay *r, int i)
{
	const DnHistory *all = r->member[i].all;
	int32_t		k;

	if (r->as_seen)
		dn_see_facts(&r->item[i].facts, r->day, r->item[i].seen, &r->item[i].known);
	dn_see_member(&r->customer, i, r->day, r->scale, &r->taken[i]);
	r->look[i] = dn_next_day(&r->member[i].item, r->day);
	for (k = 0; all != NULL && k < all->n; k++)
		if (dn_history_day(all, k) > r->day)
		{
			if (dn_history_day(all, k) < r->look[i])
				r->look[i] = dn_history_day(all, k);
			break;
		}
}

/* Sees what has become of the items by the day. */
static void
begin_day(DnCustomerReplay *r)
{
	const DnProcedure *p = procedure_on(r->change, r->changes, r->day);
	bool		other = p != r->customer.procedure;
	int			i;

	r->busy = false;
	r->customer.procedure = p;
	for (i = 0; i < r->customer.n; i++)
	{
		r->item[i].day = r->day;
		r->member[i].item.procedure = p;
		if (other || r->as_seen || r->look[i] <= r->day)
			look_again(r, i);
	}
}

static bool
looked_at(const DnCustomerReplay *r, const DnFact *fact)
{
	DnFact		f = *fact;

	return f.on_day < r->day && (!r->as_seen || dn_see_fact(&f, r->day)) && pending(&f, r->day);
}

static bool
same_open(const DnMember *m, const DnFact *fact, int32_t day)
{
	return same_asked(&m->item, fact, fact->on_day, day) && (m->all == NULL || dn_history_open(m->all, fact->on_day) == dn_history_open(m->all, day));
}

/* What the pending reminders of a step come to, those that are right by themselves. */
typedef struct Group
{
	bool		led;
	DnWide		asked;
} Group;

/* Withdraws what is not right by itself any more, and finds out what the rest comes to. */
static void
review_items(DnCustomerReplay *r, Group *group, DnWide *asked)
{
	const DnProcedure *p = r->customer.procedure;
	int			i;
	int32_t		k;

	for (i = 0; i < r->customer.n; i++)
		for (k = 0; k < r->item[i].facts.n; k++)
		{
			DnFact	   *f = &r->item[i].fact[k];
			const DnItem *item = &r->member[i].item;
			DnState		state;
			int			level;

			if (!looked_at(r, f))
				continue;
			state = state_of(item, f, r->day);
			if (!(state == DN_STATE_DUE || (state == DN_STATE_SCHEDULED && !f->when.event && item->due_on < r->day)) ||
				!same_open(&r->member[i], f, r->day))
			{
				withdraw(f, r->day);
				r->look[i] = DN_DAY_EVER;
				r->busy = true;
				continue;
			}
			level = dn_find_step(p, &f->when, dn_fact_name(&r->item[i].facts, f), f->name_len) + 1;
			if (level > p->n)
				continue;
			group[level].led |= state == DN_STATE_DUE;
			group[level].asked += dn_customer_asked(p, &r->taken[i], level);
			*asked += dn_customer_asked(p, &r->taken[i], level);
		}
}

/* Withdraws, all at once, what is not right beside the others; false if all is. */
static bool
review_together(DnCustomerReplay *r)
{
	const DnProcedure *p = r->customer.procedure;
	Group		group[DN_STEPS_MAX + 1] = {{false, 0}};
	DnWide		asked = 0,
				owed = 0,
				credit = 0;
	bool		any = false;
	int			i;
	int32_t		k;

	for (i = 0; i < r->customer.n; i++)
	{
		if (r->taken[i].owed > 0)
			owed += r->taken[i].owed;
		else if (r->member[i].nets)
			credit -= r->taken[i].owed;
	}
	review_items(r, group, &asked);
	for (i = 0; i < r->customer.n; i++)
		for (k = 0; k < r->item[i].facts.n; k++)
		{
			DnFact	   *f = &r->item[i].fact[k];
			int			level = dn_find_step(p, &f->when, dn_fact_name(&r->item[i].facts, f), f->name_len) + 1;
			DnWide		own;

			if (!looked_at(r, f) || level > p->n)
				continue;
			own = p->by == DN_BY_EACH ? asked : group[level].asked;
			if (group[level].led && own > credit && !dn_customer_below(p, level, own - credit, owed - credit, r->scale, r->customer.currency))
				continue;
			withdraw(f, r->day);
			r->look[i] = DN_DAY_EVER;
			r->busy = any = true;
		}
	return any;
}

/* Raises what the items take. */
static void
raise_customer(DnCustomerReplay *r)
{
	const DnProcedure *p = r->customer.procedure;
	int			i;

	for (i = 0; i < r->customer.n; i++)
		if (r->look[i] == DN_DAY_EVER)
			look_again(r, i);
	dn_decide_together(&r->customer, r->day, r->scale, r->taken, &r->decision);
	for (i = 0; i < r->customer.n; i++)
	{
		const DnTaken *t = &r->taken[i];
		int			level;

		if (t->level == 0)
			continue;
		for (level = 1; level <= dn_steps(p); level++)
			if (level == t->level || (t->level > p->n && (t->own.also >> (level - 1) & 1)))
				(void) add_step(&r->item[i], p, level, t->occurrence);
		r->look[i] = DN_DAY_EVER;
		r->busy = true;
	}
}

/* The next reminder of the day that was withdrawn, or raised. */
static bool
tell(DnCustomerReplay *r, bool withdrawn, DnCustomerReplayed *event)
{
	for (; r->at < r->customer.n; r->at++, r->nth = 0)
	{
		const DnReplay *item = &r->item[r->at];

		while (r->nth < item->facts.n)
		{
			const DnFact *f = &item->fact[r->nth++];
			const DnTaken *t = &r->taken[r->at];

			if (f->kind != DN_FACT_REMINDER || !(withdrawn ? f->then == 1 && f->ended_on == r->day && f->on_day < r->day : f->on_day == r->day))
				continue;
			event->day = r->day;
			event->member = r->at;
			event->withdrawn = withdrawn;
			event->fact = f;
			event->procedure = r->customer.procedure;
			event->level = dn_find_step(event->procedure, &f->when, item->names + f->name, f->name_len) + 1;
			event->step_on = t->own.level == event->level || f->when.event ? t->own.step_on : r->decision.step_on;
			return true;
		}
	}
	r->at = 0;
	r->nth = 0;
	return false;
}

/* The next day on which a run may do something. */
static void
pass_days(DnCustomerReplay *r)
{
	int32_t		next = DN_DAY_NEVER;
	int			i;

	for (i = 0; i < r->customer.n; i++)
		end_day(&r->item[i]);
	if (!r->busy && !r->as_seen)
	{
		next = dn_customer_wait(&r->customer, r->taken, r->day);
		for (i = 0; i < r->customer.n; i++)
			if (r->look[i] < next)
				next = r->look[i];
		next = next_change(r->change, r->changes, r->day, next);
	}
	r->day = r->busy || r->as_seen || next <= r->day ? r->day + 1 : next;
}

/*
 * The next thing that a run does, or room that it needs; false after the last one.
 * If there was no room for all facts, full tells so.
 */
bool
dn_customer_replay_next(DnCustomerReplay *r, DnCustomerReplayed *event)
{
	memset(event, 0, sizeof(*event));
	for (;;)
	{
		switch (r->phase)
		{
			case NEXT_DAY:
				if (!next_run(r->run, r->runs, r->to, &r->next, &r->day))
					return false;
				r->at = 0;
				r->phase = GIVE_ROOM;
				break;
			case GIVE_ROOM:
				for (; r->at < r->customer.n; r->at++)
				{
					DnReplay   *item = &r->item[r->at];

					if (item->room - item->facts.n >= needed_room(r))
						continue;
					event->member = r->at;
					event->needs_room = item->room < DN_FACTS_MAX;
					r->full = !event->needs_room;
					return event->needs_room;
				}
				r->at = 0;
				r->nth = 0;
				begin_day(r);
				while (review_together(r))
					;
				r->phase = TELL_WITHDRAWN;
				break;
			case TELL_WITHDRAWN:
				if (tell(r, true, event))
					return true;
				raise_customer(r);
				r->phase = TELL_RAISED;
				break;
			default:
				if (tell(r, false, event))
					return true;
				pass_days(r);
				r->phase = NEXT_DAY;
				break;
		}
	}
}
