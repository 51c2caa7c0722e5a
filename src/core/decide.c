/* core/decide.c: see decide.h */
#include "decide.h"

#include <string.h>

#include "days.h"

/* What a decision needs to know of the facts of a day. */
typedef struct Situation
{
	int			start;			/* the first step that is not done */
	bool		has_last;
	int32_t		last_on;		/* day of the last reminder that counts */
	const DnFact *last;
	int32_t		waited;			/* the last day of a hold after which the wait begins again, or DN_DAY_EVER */
	const DnFact *waited_for;
	bool		is_held[DN_STOPS_NONE]; /* whether a hold is in force that stops so much */
	int32_t		held[DN_STOPS_NONE];	/* its last day */
	const DnFact *hold[DN_STOPS_NONE];
	const DnFact *handover;
	const DnFact *event[DN_EVENTS]; /* the last one of each kind */
	int32_t		events[DN_EVENTS];	/* how many there were */
	int			done_for;		/* DnEvent of the last step of an event that was raised */
	int32_t		event_done;		/* its day, or DN_DAY_EVER */
	bool		settled;
	bool		by_hand;		/* what is open is for a person to ask for */
} Situation;

/* The days of the steps, and which of them ask for more than is open. */
typedef struct Ladder
{
	DnStepDay	day[DN_STEPS_MAX];
	int32_t		balance_on;		/* day for which "below" was found */
	bool		below_known;
} Ladder;

/* The step that is done by this day and channel, or -1. */
int
dn_find_step(const DnProcedure *p, const DnWhen *when, const char *channel, size_t len)
{
	int			i;

	for (i = dn_steps(p) - 1; i >= 0; i--)
	{
		const DnStep *step = &p->step[i];
		DnWhen		own;

		dn_step_when(p, i, &own);
		if (dn_same_when(&own, when) && step->channel_len == len && memcmp(p->texts + step->text, channel, len) == 0)
			return i;
	}
	return -1;
}

/*
 * Whether an item that has had a step can be due for no other by a day.  A
 * procedure that has no such step, or whose last step comes again, does not say; nor
 * does the step of an event.
 */
bool
dn_nothing_due(const DnProcedure *p, const DnWhen *when, const char *channel, size_t len, int32_t due_on, int32_t day)
{
	int			done = dn_find_step(p, when, channel, len) + 1;
	int32_t		least[DN_STEPS_MAX];

	if (done == 0 || done > p->n || p->step[p->n - 1].repeat != 0)
		return false;
	if (done == p->n)
		return true;
	dn_least_days(p, least);
	return dn_day_finite(due_on) && least[done] > (int64_t) day - due_on;
}

/*
 * How many steps a reminder has done: those up to its own one.  In a procedure
 * that has no such step it has done those whose day is not later.
 */
static int
steps_done(const DnItem *item, const Ladder *ladder, const DnFact *fact)
{
	const DnProcedure *p = item->procedure;
	int			done = dn_find_step(p, &fact->when, dn_fact_name(item->facts, fact), fact->name_len) + 1;
	int32_t		day;

	if (done > 0)
		return done;
	day = dn_when_day(&fact->when, item->due_on);
	while (done < p->n && ladder->day[done].on <= day)
		done++;
	return done;
}

/* The last day of the reminders that count no more since a hold said "restart". */
static int32_t
restarted(const DnFacts *facts, int32_t day)
{
	int32_t		last = DN_DAY_EVER;
	int32_t		i;

	for (i = 0; i < facts->n && facts->fact[i].on_day <= day; i++)
	{
		const DnFact *f = &facts->fact[i];

		if (f->kind == DN_FACT_HOLD && f->then == DN_THEN_RESTART)
		{
			int32_t		end = dn_hold_last(f, day);

			if (end >= f->on_day && end < day && end > last)
				last = end;
		}
	}
	return last;
}

static void
see_hold(const DnFact *f, int32_t day, Situation *it)
{
	int32_t		end = dn_hold_last(f, day);

	if (end < f->on_day)
		return;
	if (end >= day)
	{
		if (f->how < DN_STOPS_NONE && (!it->is_held[f->how] || end > it->held[f->how]))
		{
			it->is_held[f->how] = true;
			it->held[f->how] = end;
			it->hold[f->how] = f;
		}
	}
	else if (f->then == DN_THEN_WAIT && end > it->waited)
	{
		it->waited = end;
		it->waited_for = f;
	}
}

/* A reminder that was raised before it stays pending while less than the tolerance is open, or bank statements are old. */
static bool
keeps_pending(const DnFacts *facts, const DnFact *f)
{
	static const char *const names[] = {"tolerance", "statements"};
	int			i;

	for (i = 0; i < 2; i++)
		if (f->name_len == strlen(names[i]) && memcmp(dn_fact_name(facts, f), names[i], f->name_len) == 0)
			return true;
	return false;
}

/* What broke on the first day of a hold; NULL: it is no such hold. */
static const char *
broken_name(const DnFacts *facts, const DnFact *f, size_t *len)
{
	static const char *const names[] = {"broken_promise", "broken_plan"};
	const size_t skip = strlen("broken_");
	int			i;

	for (i = 0; i < 2; i++)
		if (f->name_len == strlen(names[i]) && memcmp(dn_fact_name(facts, f), names[i], f->name_len) == 0)
		{
			*len = f->name_len - skip;
			return dn_fact_name(facts, f) + skip;
		}
	return NULL;
}

/* Who promises again, or agrees a plan, is not asked about the promise before. */
static bool
promises_again(const DnFacts *facts, const DnFact *f, int32_t day)
{
	return dn_hold_last(f, day) >= f->on_day &&
		((f->name_len == 7 && memcmp(dn_fact_name(facts, f), "promise", 7) == 0) || (f->name_len == 4 && memcmp(dn_fact_name(facts, f), "plan", 4) == 0));
}

static void
see_event(const DnFact *f, DnEvent kind, bool stands, Situation *it)
{
	it->event[kind] = stands ? f : NULL;
	it->events[kind]++;
}

static void
see_reminder(const DnItem *item, const Ladder *ladder, const DnFact *f, int32_t day, Situation *it)
{
	int			done = steps_done(item, ladder, f);
	int32_t		on = dn_fact_done(f, day) ? f->done_on : f->on_day;

	if (done > it->start)
		it->start = done;
	if (!it->has_last || on >= it->last_on)
	{
		it->has_last = true;
		it->last_on = on;
		it->last = f;
	}
}

/* The facts are in the order of their days, so later ones need no look. */
static void
see_facts(const DnItem *item, const Ladder *ladder, int32_t day, Situation *it)
{
	const DnFacts *facts = item->facts;
	int32_t		again = restarted(facts, day);
	int32_t		i;

	for (i = 0; i < facts->n && facts->fact[i].on_day <= day; i++)
	{
		const DnFact *f = &facts->fact[i];

		if (f->kind == DN_FACT_HOLD)
		{
			size_t		len;

			/* nobody asks for what was not due */
			if (broken_name(facts, f, &len) != NULL && item->due_on < f->on_day)
				see_event(f, DN_EVENT_BROKEN, dn_fact_stands(f, day), it);
			else if (promises_again(facts, f, day))
				it->event[DN_EVENT_BROKEN] = NULL;
			if (!item->pending || !keeps_pending(facts, f))
				see_hold(f, day, it);
		}
		else if (!dn_fact_stands(f, day))
			continue;
		else if (f->kind == DN_FACT_HANDOVER)
			it->handover = f;
		else if (f->kind == DN_FACT_REJECT)
			see_event(f, DN_EVENT_REJECT, true, it);
		else if (f->when.event)
		{
			it->done_for = f->when.event;
			it->event_done = f->on_day;
		}
		else if (f->on_day > again)
			see_reminder(item, ladder, f, day, it);
	}
}

/* The open amount of a day; false if it is not known. */
static bool
open_on(const DnItem *item, int32_t day, DnWide *open, int *scale)
{
	if (item->balance != NULL)
	{
		*open = dn_history_open(item->balance, day);
		*scale = item->balance->scale;
		return true;
	}
	*open = item->open;
	*scale = item->scale;
	return item->has_open;
}

/* What a person may ask for on a day; false if it is not known. */
bool
dn_by_hand(const DnItem *item, int32_t day, DnWide *open, int *scale)
{
	if (item->by_hand != NULL)
	{
		*open = dn_history_open(item->by_hand, day);
		*scale = item->by_hand->scale;
		return true;
	}
	if (!item->has_hand)
		return open_on(item, day, open, scale);
	*open = item->hand;
	*scale = item->hand_scale;
	return true;
}

/* Which steps ask for more than is open. */
static void
see_minimums(const DnItem *item, Ladder *ladder, int32_t day, DnWide open, int scale, DnWide hand, int hand_scale)
{
	int			i;

	if (ladder->below_known && ((item->balance == NULL && item->by_hand == NULL) || ladder->balance_on == day))
		return;
	for (i = 0; i < dn_steps(item->procedure); i++)
	{
		bool		manual = ladder->day[i].manual;

		/* the minimum of a ladder by customer is the customer's */
		ladder->day[i].below = (item->procedure->by == DN_BY_ITEM || i >= item->procedure->n) &&
			dn_step_below(item->procedure, i, manual ? hand : open, manual ? hand_scale : scale, item->currency);
	}
	ladder->below_known = true;
	ladder->balance_on = day;
}

static void
see(const DnItem *item, Ladder *ladder, int32_t day, Situation *it)
{
	DnWide		open,
				hand;
	int			scale,
				hand_scale;

	memset(it, 0, sizeof(*it));
	it->waited = it->event_done = DN_DAY_EVER;
	if (open_on(item, day, &open, &scale))
	{
		(void) dn_by_hand(item, day, &hand, &hand_scale);
		it->settled = open <= 0 && hand <= 0;
		it->by_hand = open <= 0 && hand > 0;
		see_minimums(item, ladder, day, open, scale, hand, hand_scale);
	}
	if (item->facts != NULL)
		see_facts(item, ladder, day, it);
	else
	{
		it->start = item->last_level;
		it->has_last = item->has_last;
		it->last_on = item->last_on;
		it->is_held[DN_STOPS_ALL] = item->held && day <= item->held_until;
		it->held[DN_STOPS_ALL] = item->held_until;
	}
	/* only a person asks for what is open */
	if (it->by_hand && !it->is_held[DN_STOPS_AUTOMATIC])
	{
		it->is_held[DN_STOPS_AUTOMATIC] = true;
		it->held[DN_STOPS_AUTOMATIC] = DN_DAY_NEVER;
	}
}

/* Step i, or the last one again if it repeats. */
static inline bool
again(const DnItem *item, const Ladder *ladder, const Situation *it, int i)
{
	return i == item->procedure->n - 1 && it->start > i && it->has_last && ladder->day[i].repeat > 0;
}

static int32_t
business_day(const DnItem *item, int32_t day)
{
	int32_t		open;

	if (item->calendar != NULL && item->procedure->business && dn_day_finite(day) &&
		dn_shift(item->calendar, DN_SHIFT_FOLLOWING, day, &open) == DN_DAY_FOUND)
		return open;
	return day;
}

static DnReason
event_reason(int kind)
{
	return kind == DN_EVENT_REJECT ? DN_REASON_REJECT : DN_REASON_BROKEN;
}

/* The first day on which a step can be taken, and what it counts from. */
static int32_t
ready_on(const DnItem *item, const Ladder *ladder, const Situation *it, int i, DnReason *reason)
{
	const DnStepDay *step = &ladder->day[i];
	int32_t		day = step->on;

	*reason = DN_REASON_DUE_DATE;
	if (it->has_last)
	{
		int32_t		after = 0;

		if (again(item, ladder, it, i))
			after = step->repeat;
		else if (step->follows && i == it->start)
			after = step->after;
		if (step->wait > after)
			after = step->wait;
		if (dn_day_add(it->last_on, after) > day)
		{
			day = dn_day_add(it->last_on, after);
			*reason = DN_REASON_REMINDER;
		}
	}
	if (it->waited != DN_DAY_EVER && dn_day_add(it->waited, step->wait) > day)
	{
		day = dn_day_add(it->waited, step->wait);
		*reason = DN_REASON_HOLD;
	}
	if (it->event_done != DN_DAY_EVER && it->event[it->done_for] != NULL && it->event_done >= day)
	{
		day = dn_day_add(it->event_done, 1);
		*reason = event_reason(it->done_for);
	}
	return business_day(item, day);
}

static bool
is_code(const char code[DN_CODE_MAX], const char *name, size_t len)
{
	return len <= DN_CODE_MAX && memcmp(code, name, len) == 0 && (len == DN_CODE_MAX || code[len] == '\0');
}

/* Whether step i is one for the last event of its kind: those of its code go before those of any. */
static bool
for_event(const DnItem *item, const Situation *it, int i)
{
	const DnProcedure *p = item->procedure;
	const int	kind = p->step[i].when.event;
	const DnFact *event = it->event[kind];
	const char *name;
	size_t		len;
	bool		own = false;
	int			k;

	if (event == NULL)
		return false;
	name = dn_fact_name(item->facts, event);
	len = event->name_len;
	if (kind == DN_EVENT_BROKEN)
		name = broken_name(item->facts, event, &len);
	for (k = p->n; k < dn_steps(p); k++)
		own = own || (p->step[k].when.event == kind && is_code(p->step[k].when.code, name, len));
	return own ? is_code(p->step[i].when.code, name, len) : p->step[i].when.code[0] == '\0';
}

/*
 * The first day on which step i can be taken for the last event of its kind: not on
 * a day with steps of the other kind.  What was held for the promise itself is over.
 */
static int32_t
event_ready_on(const DnItem *item, const Ladder *ladder, const Situation *it, int i)
{
	const int	kind = item->procedure->step[i].when.event;
	int32_t		on = it->event[kind]->on_day;
	int32_t		day = dn_when_day(&item->procedure->step[i].when, on);
	int32_t		wait = ladder->day[i].wait;

	if (wait > 0 && it->has_last && dn_day_add(it->last_on, wait) > day)
		day = dn_day_add(it->last_on, wait);
	if (wait == 0)
		wait = item->procedure->wait;
	if (it->waited != DN_DAY_EVER && (kind == DN_EVENT_REJECT || it->waited >= on) && dn_day_add(it->waited, wait) > day)
		day = dn_day_add(it->waited, wait);
	if (it->event_done != DN_DAY_EVER && it->done_for != kind && it->event_done >= day)
		day = dn_day_add(it->event_done, 1);
	return business_day(item, day);
}

/* Whether step i was taken by a day for the last event of its kind. */
static bool
event_taken(const DnItem *item, const Situation *it, int i, int32_t day)
{
	const DnFacts *facts = item->facts;
	const DnStep *step = &item->procedure->step[i];
	int32_t		k;

	for (k = 0; k < facts->n && facts->fact[k].on_day <= day; k++)
	{
		const DnFact *f = &facts->fact[k];

		if (f->kind == DN_FACT_REMINDER && f->occurrence == it->events[step->when.event] && dn_fact_stands(f, day) &&
			dn_same_when(&f->when, &step->when) && f->name_len == step->channel_len &&
			memcmp(dn_fact_name(facts, f), item->procedure->texts + step->text, f->name_len) == 0)
			return true;
	}
	return false;
}

/* The next step of the last events, counted from 0, and its day; -1 if there is none. */
static int
next_event(const DnItem *item, const Ladder *ladder, const Situation *it, int32_t day, int32_t *ready)
{
	bool		found[DN_EVENTS] = {false};
	int			next = -1;
	int			i;

	for (i = item->procedure->n; i < dn_steps(item->procedure); i++)
	{
		const int	kind = item->procedure->step[i].when.event;
		int32_t		on;

		/* those of one event are taken in their order */
		if (found[kind] || !for_event(item, it, i) || ladder->day[i].below || event_taken(item, it, i, day))
			continue;
		found[kind] = true;
		on = event_ready_on(item, ladder, it, i);
		if (next < 0 || on < *ready)
		{
			next = i;
			*ready = on;
		}
	}
	return next;
}

/* The steps that a run takes with step r of an event on the same day, a bit for each. */
static uint64_t
also_due(const DnItem *item, const Ladder *ladder, const Situation *it, int r, int32_t day)
{
	uint64_t	also = 0;
	int			i;

	for (i = r + 1; i < dn_steps(item->procedure); i++)
	{
		if (item->procedure->step[i].when.event != item->procedure->step[r].when.event || !for_event(item, it, i) || ladder->day[i].below ||
			event_taken(item, it, i, day))
			continue;
		if (event_ready_on(item, ladder, it, i) > day || (!ladder->day[i].manual && it->is_held[DN_STOPS_AUTOMATIC]))
			break;
		also |= UINT64_C(1) << i;
	}
	return also;
}

/* A step before the due date makes no sense any more once the item is past due. */
static bool
too_late(const DnItem *item, const DnStepDay *step, int32_t ready, int32_t day)
{
	return step->before_due && (ready > day ? ready : day) > item->due_on;
}

/* The last step that can be taken, counted from 0. */
static inline int
first_step(const DnItem *item, const Ladder *ladder, const Situation *it)
{
	int			last = item->procedure->n - 1;

	return again(item, ladder, it, last) ? last : it->start;
}

/*
 * Mode jump: the most severe step that is ready, or else the most severe of
 * those that are ready first; -1 if there is none.  Only steps whose minimum
 * is met count, or only those whose minimum is not.
 */
static int
jump_to(const DnItem *item, const Ladder *ladder, const Situation *it, int32_t day, bool below)
{
	int			found = -1;
	int32_t		found_ready = 0;
	int			i;

	for (i = first_step(item, ladder, it); i < item->procedure->n; i++)
	{
		DnReason	reason;
		int32_t		ready;

		if (ladder->day[i].below != below)
			continue;
		ready = ready_on(item, ladder, it, i, &reason);
		if (too_late(item, &ladder->day[i], ready, day))
			continue;
		if (ready < day)
			ready = day;
		if (found < 0 || ready <= found_ready)
		{
			found = i;
			found_ready = ready;
		}
	}
	return found;
}

static int
next_of(const DnItem *item, const Ladder *ladder, const Situation *it, int32_t day)
{
	int			i;

	if (item->procedure->jump)
	{
		i = jump_to(item, ladder, it, day, false);
		return i >= 0 ? i : jump_to(item, ladder, it, day, true);
	}
	for (i = first_step(item, ladder, it); i < item->procedure->n; i++)
	{
		DnReason	reason;

		if (!too_late(item, &ladder->day[i], ready_on(item, ladder, it, i, &reason), day))
			return i;
	}
	return -1;
}

/* How often a step was taken by a day, and this time. */
static int32_t
occurrence_of(const DnItem *item, int i, int32_t day)
{
	const DnFacts *facts = item->facts;
	const DnStep *step = &item->procedure->step[i];
	int32_t		found = 0;
	DnWhen		when;
	int32_t		k;

	if (facts == NULL)
		return 1;
	dn_step_when(item->procedure, i, &when);
	for (k = 0; k < facts->n && facts->fact[k].on_day <= day; k++)
	{
		const DnFact *f = &facts->fact[k];

		if (f->kind == DN_FACT_REMINDER && dn_fact_stands(f, day) && f->occurrence > found && dn_same_when(&f->when, &when) &&
			f->name_len == step->channel_len &&
			memcmp(dn_fact_name(facts, f), item->procedure->texts + step->text, f->name_len) == 0)
			found = f->occurrence;
	}
	return found + 1;
}

static void
say(DnDecision *d, DnState state, DnReason reason, const DnFact *fact, int32_t on)
{
	d->state = state;
	d->reason = reason;
	d->fact = fact;
	d->has_reason_day = dn_day_finite(on);
	d->reason_on = on;
}

/* The day since which nothing is open, as of a day. */
static int32_t
settled_since(const DnItem *item, int32_t day)
{
	const DnHistory *h = item->balance;
	DnWide		open = 0;
	int32_t		since = DN_DAY_EVER;
	int32_t		i;

	if (h == NULL)
		return DN_DAY_EVER;
	for (i = 0; i < h->n && dn_history_day(h, i) <= day; i++)
	{
		bool		was = open > 0;

		open += dn_history_units(h, i);
		if (was && open <= 0)
			since = dn_history_day(h, i);
	}
	return since;
}

static void
say_held(DnDecision *d, const DnFact *hold, int32_t until)
{
	say(d, DN_STATE_HELD, DN_REASON_HOLD, hold, hold != NULL ? hold->on_day : DN_DAY_EVER);
	d->has_until = true;
	d->until = until;
}

/*
 * Whether the step of an event, r, goes before that of the ladder, i: while it is
 * due, or if it comes first.  One that a hold stops does not stop the ladder.
 */
static bool
before_ladder(const Ladder *ladder, const Situation *it, int i, int32_t step_on, int r, int32_t ready, int32_t day)
{
	if (i < 0)
		return true;
	if (it->is_held[DN_STOPS_AUTOMATIC] && !ladder->day[r].manual)
		return false;
	return ready <= day || (step_on > day && ready <= step_on);
}

/* The event of a reason; NULL: it is none of an event. */
static const DnFact *
event_of(const Situation *it, DnReason reason)
{
	return reason == DN_REASON_REJECT ? it->event[DN_EVENT_REJECT] : reason == DN_REASON_BROKEN ? it->event[DN_EVENT_BROKEN] : NULL;
}

/* The answer of one day, without the day on which it changes. */
static void
answer_on(const DnItem *item, Ladder *ladder, int32_t day, DnDecision *d)
{
	Situation	it;
	int			i,
				r;
	int32_t		ready = DN_DAY_NEVER;
	DnReason	reason;

	memset(d, 0, sizeof(*d));
	see(item, ladder, day, &it);
	d->last = it.last;
	d->last_on = it.last_on;
	if (it.settled)
	{
		say(d, DN_STATE_SETTLED, DN_REASON_PAYMENT, NULL, settled_since(item, day));
		return;
	}
	if (it.handover != NULL)
	{
		say(d, DN_STATE_HANDED_OVER, DN_REASON_HANDOVER, it.handover, it.handover->on_day);
		return;
	}
	i = next_of(item, ladder, &it, day);
	if (i >= 0)
	{
		d->level = i + 1;
		d->occurrence = occurrence_of(item, i, day);
		d->step_on = ready_on(item, ladder, &it, i, &reason);
	}
	r = next_event(item, ladder, &it, day, &ready);
	if (r >= 0 && before_ladder(ladder, &it, i, d->step_on, r, ready, day))
	{
		i = r;
		d->level = i + 1;
		d->occurrence = it.events[item->procedure->step[i].when.event];
		d->step_on = ready;
		reason = event_reason(item->procedure->step[i].when.event);
	}
	if (it.is_held[DN_STOPS_ALL])
		say_held(d, it.hold[DN_STOPS_ALL], it.held[DN_STOPS_ALL]);
	else if (i < 0)
		say(d, DN_STATE_EXHAUSTED, it.last != NULL ? DN_REASON_REMINDER : DN_REASON_DUE_DATE, it.last,
			it.has_last ? it.last_on : item->due_on);
	else if (!ladder->day[i].manual && it.is_held[DN_STOPS_AUTOMATIC])
		say_held(d, it.hold[DN_STOPS_AUTOMATIC], it.held[DN_STOPS_AUTOMATIC]);
	else if (d->step_on <= day && ladder->day[i].below)
		say(d, DN_STATE_BELOW_MINIMUM, DN_REASON_MINIMUM, NULL, DN_DAY_EVER);
	else
		say(d, d->step_on > day ? DN_STATE_SCHEDULED : DN_STATE_DUE, reason,
			reason == DN_REASON_REMINDER ? it.last : reason == DN_REASON_HOLD ? it.waited_for :
			event_of(&it, reason),
			reason == DN_REASON_REMINDER ? it.last_on : reason == DN_REASON_HOLD ? it.waited :
			event_of(&it, reason) != NULL ? event_of(&it, reason)->on_day : item->due_on);
	if (d->state == DN_STATE_DUE && i >= item->procedure->n)
		d->also = also_due(item, ladder, &it, i, day);
	dn_assert(d->level == 0 || (d->level <= dn_steps(item->procedure) && d->occurrence >= 1));
}

/* Keeps the earliest finite day after "after". */
static void
earliest(int32_t day, int32_t after, int32_t *found)
{
	if (day > after && day < *found)
		*found = day;
}

/* The first day after one on which the answer may be another one. */
static int32_t
next_day(const DnItem *item, Ladder *ladder, int32_t day)
{
	int32_t		next = DN_DAY_NEVER;
	Situation	it;
	int32_t		i;

	see(item, ladder, day, &it);
	earliest(dn_day_add(item->due_on, 1), day, &next);
	if (item->facts == NULL && item->held)
		earliest(dn_day_add(item->held_until, 1), day, &next);
	for (i = 0; item->facts != NULL && i < item->facts->n; i++)
	{
		const DnFact *f = &item->facts->fact[i];

		earliest(f->on_day, day, &next);
		earliest(f->kind == DN_FACT_HOLD ? dn_day_add(f->done_on, 1) : f->done_on, day, &next);
		earliest(f->ended_on, day, &next);
	}
	for (i = 0; item->balance != NULL && i < item->balance->n; i++)
		earliest(dn_history_day(item->balance, i), day, &next);
	for (i = 0; item->by_hand != NULL && i < item->by_hand->n; i++)
		earliest(dn_history_day(item->by_hand, i), day, &next);
	for (i = first_step(item, ladder, &it); i < item->procedure->n; i++)
	{
		DnReason	reason;

		earliest(ready_on(item, ladder, &it, i, &reason), day, &next);
	}
	for (i = item->procedure->n; i < dn_steps(item->procedure); i++)
		if (it.event[item->procedure->step[i].when.event] != NULL)
			earliest(event_ready_on(item, ladder, &it, i), day, &next);
	return next;
}

static bool
same_answer(const DnDecision *a, const DnDecision *b)
{
	return a->state == b->state && a->level == b->level && a->occurrence == b->occurrence && a->step_on == b->step_on;
}

static void
begin(const DnItem *item, Ladder *ladder)
{
	ladder->below_known = false;
	dn_step_days(item->procedure, item->due_on, ladder->day);
}

/*
 * What the customer of the item needs to know of its facts of a day, beside the decision.
 */
void
dn_progress(const DnItem *item, int32_t day, DnProgress *progress)
{
	Ladder		ladder;
	Situation	it;
	int32_t		i;

	begin(item, &ladder);
	see(item, &ladder, day, &it);
	memset(progress, 0, sizeof(*progress));
	progress->done = it.start;
	progress->by_hand = it.is_held[DN_STOPS_AUTOMATIC];
	progress->last_on = progress->sent_on = DN_DAY_EVER;
	progress->event_on = it.event_done;
	for (i = 0; item->facts != NULL && i < item->facts->n && item->facts->fact[i].on_day <= day; i++)
	{
		const DnFact *f = &item->facts->fact[i];

		if (f->kind != DN_FACT_REMINDER || f->when.event || !dn_fact_stands(f, day) || !dn_counts(item, &f->when, f->on_day, day))
			continue;
		if (dn_fact_done(f, day))
		{
			if (f->done_on > progress->sent_on)
				progress->sent_on = f->done_on;
		}
		else if (f->on_day >= progress->last_on)
		{
			progress->last_on = f->on_day;
			progress->pending = dn_find_step(item->procedure, &f->when, dn_fact_name(item->facts, f), f->name_len) + 1;
		}
	}
}

/* How often a step, from 1, was taken by a day, and this time. */
int32_t
dn_occurrence(const DnItem *item, int level, int32_t day)
{
	return occurrence_of(item, level - 1, day);
}

int32_t
dn_next_day(const DnItem *item, int32_t day)
{
	Ladder		ladder;

	begin(item, &ladder);
	return next_day(item, &ladder, day);
}

/* The day of a step that is not before a day: a business day, if the procedure says so. */
int32_t
dn_business_day(const DnItem *item, int32_t day)
{
	return business_day(item, day);
}

/* The decision of a day, without the day on which it changes. */
void
dn_decide_day(const DnItem *item, int32_t as_of, DnDecision *decision)
{
	Ladder		ladder;

	begin(item, &ladder);
	answer_on(item, &ladder, as_of, decision);
}

static void
decide_item(const DnItem *item, int32_t as_of, DnDecision *decision)
{
	Ladder		ladder;
	int32_t		day = as_of;

	begin(item, &ladder);
	answer_on(item, &ladder, as_of, decision);
	/* what has no dated facts and nothing open stays so */
	if (decision->state == DN_STATE_SETTLED && item->balance == NULL && item->by_hand == NULL)
		return;
	for (;;)
	{
		DnDecision	later;

		day = next_day(item, &ladder, day);
		if (day == DN_DAY_NEVER)
			return;
		answer_on(item, &ladder, day, &later);
		if (!same_answer(decision, &later))
		{
			dn_assert(day > as_of);
			decision->changes = true;
			decision->changes_on = day;
			return;
		}
	}
}

/*
 * Decides for n items on a day: the next step of each, the fact that makes it
 * so, and the first later day on which the same facts give another answer.  The
 * answer can only change on a day of a fact, the day after a hold or the due
 * date, or when a step is ready, so only those days are tried.
 */
void
dn_decide(const DnItem *item, int n, int32_t as_of, DnDecision *decision)
{
	int			i;

	for (i = 0; i < n; i++)
		decide_item(&item[i], as_of, &decision[i]);
}

/* Whether a reminder of a day counts: no hold since then has begun the ladder again. */
bool
dn_counts(const DnItem *item, const DnWhen *when, int32_t raised_on, int32_t as_of)
{
	return item->facts == NULL || when->event || raised_on > restarted(item->facts, as_of);
}

/*
 * The state of one given step, whatever the mode and whenever the reminder
 * before it was, but not before the wait after a hold is over: EXHAUSTED if there
 * is no such step or it is too late for it, as it is for an event that was not
 * the last one.
 */
DnState
dn_step_state(const DnItem *item, int level, int32_t occurrence, int32_t as_of)
{
	Ladder		ladder;
	Situation	it;
	int32_t		ready;
	DnReason	reason;
	int			i = level - 1;

	begin(item, &ladder);
	see(item, &ladder, as_of, &it);
	if (it.settled)
		return DN_STATE_SETTLED;
	if (it.handover != NULL)
		return DN_STATE_HANDED_OVER;
	if (it.is_held[DN_STOPS_ALL])
		return DN_STATE_HELD;
	if (i < 0 || i >= dn_steps(item->procedure))
		return DN_STATE_EXHAUSTED;
	if (i >= item->procedure->n && (it.events[item->procedure->step[i].when.event] != occurrence || !for_event(item, &it, i)))
		return DN_STATE_EXHAUSTED;
	if (!ladder.day[i].manual && it.is_held[DN_STOPS_AUTOMATIC])
		return DN_STATE_HELD;
	it.has_last = false;
	it.event_done = DN_DAY_EVER;
	it.start = i;
	ready = i < item->procedure->n ? ready_on(item, &ladder, &it, i, &reason) : event_ready_on(item, &ladder, &it, i);
	if (too_late(item, &ladder.day[i], ready, as_of))
		return DN_STATE_EXHAUSTED;
	if (ready > as_of)
		return DN_STATE_SCHEDULED;
	return ladder.day[i].below ? DN_STATE_BELOW_MINIMUM : DN_STATE_DUE;
}
