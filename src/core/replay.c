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

/* Adds a fact at the end: it is of the latest day so far, or was there before. */
static DnFact *
add(DnReplay *r, const DnFact *fact, const char *name)
{
	DnFact	   *f;

	if (r->facts.n == DN_FACTS_MAX)
	{
		r->full = true;
		return NULL;
	}
	f = &r->fact[r->facts.n++];
	*f = *fact;
	f->name = (uint32_t) r->facts.names_len;
	memcpy(r->names + r->facts.names_len, name, f->name_len);
	r->facts.names_len += f->name_len;
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

/*
 * Whether a run that looks at a pending reminder leaves it as it is: its step
 * is still one of the procedure, and due, and as much is open as on its day.
 */
bool
dn_step_stands(const DnItem *item, const DnFact *fact, int32_t as_of)
{
	int			level = dn_find_step(item->procedure, &fact->when, dn_fact_name(item->facts, fact), fact->name_len) + 1;

	return level > 0 && dn_counts(item, &fact->when, fact->on_day, as_of) &&
		dn_step_state(item, level, fact->occurrence, as_of) == DN_STATE_DUE &&
		(item->balance == NULL || dn_history_open(item->balance, as_of) == dn_history_open(item->balance, fact->on_day));
}

static const DnProcedure *
procedure_on(const DnReplay *r, int32_t day)
{
	int			i = r->changes - 1;

	while (i > 0 && r->change[i].from > day)
		i--;
	return r->change[i].procedure;
}

/* The next day of a run; false if there is none. */
static bool
next_run(DnReplay *r)
{
	if (r->run == NULL)
		return r->day <= r->to;
	while (r->next < r->runs && r->run[r->next] < r->day)
		r->next++;
	if (r->next == r->runs || r->run[r->next] > r->to)
		return false;
	r->day = r->run[r->next];
	return true;
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
			same->on_day <= f->on_day &&
			(item->balance == NULL || dn_history_open(item->balance, same->on_day) == dn_history_open(item->balance, f->on_day)))
			continue;
		if (dn_step_stands(item, f, r->day))
		{
			same = f;
			continue;
		}
		f->ended_on = f->ended_noted = r->day;
		f->then = 1;
		f->how = DN_PENDING;
		f->done_on = f->done_noted = DN_DAY_NEVER;
		event->withdrawn = true;
		event->fact = f;
		event->level = dn_find_step(item->procedure, &f->when, r->names + f->name, f->name_len) + 1;
		return true;
	}
	return false;
}

/* The step that is due; of the facts none is added if none is. */
static void
raise(DnReplay *r, const DnItem *item, DnReplayed *event)
{
	const DnProcedure *p = item->procedure;
	DnDecision *d = &event->decision;
	DnFact		fact = {0};
	DnFact	   *f;

	dn_decide_day(item, r->day, d);
	if (d->state != DN_STATE_DUE)
		return;
	fact.kind = DN_FACT_REMINDER;
	fact.on_day = r->day;
	fact.noted = r->day;
	fact.done_on = fact.done_noted = fact.ended_on = fact.ended_noted = DN_DAY_NEVER;
	fact.occurrence = d->occurrence;
	dn_step_when(p, d->level - 1, &fact.when);
	fact.name_len = p->step[d->level - 1].channel_len;
	f = add(r, &fact, p->texts + p->step[d->level - 1].text);
	if (f == NULL)
		return;
	event->withdrawn = false;
	event->fact = settle(r, f);
	event->level = d->level;
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

/*
 * The next thing that a run does, or a run that does no more; false after the
 * last one.  If there was no room for all facts, full tells so.
 */
bool
dn_replay_next(DnReplay *r, DnReplayed *event)
{
	DnItem		item = r->item;
	DnFacts		seen;

	memset(event, 0, sizeof(*event));
	if (r->full || !next_run(r))
		return false;
	item.facts = &r->facts;
	if (r->as_seen)
	{
		dn_see_facts(&r->facts, r->day, r->seen, &seen);
		item.facts = &seen;
	}
	item.procedure = event->procedure = procedure_on(r, r->day);
	event->day = r->day;
	if (!review(r, &item, event))
	{
		raise(r, &item, event);
		/* a rejection may have another step on this day */
		if (event->fact == NULL || !event->fact->when.reject)
			end_day(r);
	}
	return !r->full;
}
