/* core/customer.c: see customer.h */
#include "customer.h"

#include <string.h>

#include "days.h"

/* One step, tried for all items */
typedef struct Try
{
	int			takers;
	bool		led;			/* by an item that is ready for it, or has it to be sent */
	int			leader;
	int32_t		ready_on;		/* the first day of the leaders */
	DnWide		asked;			/* of the takers, and of what is still to be sent */
	int32_t		last_on;		/* the reminder from which the wait counts; DN_DAY_EVER: none */
	int32_t		wait_on;		/* the first day after the wait; DN_DAY_EVER */
} Try;

static bool
is_ladder(const DnCustomer *c, int level)
{
	return level >= 1 && level <= c->procedure->n;
}

/* What an item is asked for with a step, from 1. */
DnWide
dn_customer_asked(const DnProcedure *p, const DnTaken *t, int level)
{
	return p->step[level - 1].manual ? t->by_hand : t->asked;
}

static bool
ready(const DnCustomer *c, const DnTaken *t)
{
	return t->own.state == DN_STATE_DUE && is_ladder(c, t->own.level) && dn_customer_asked(c->procedure, t, t->own.level) > 0;
}

/* Whether an item has a reminder that is still to be sent, and is asked for something by it. */
static bool
joins(const DnCustomer *c, const DnTaken *t)
{
	return t->progress.pending > 0 && dn_customer_asked(c->procedure, t, t->progress.pending) > 0;
}

static bool
overdue(const DnCustomer *c, int i, int32_t day)
{
	return c->member[i].item.due_on < day;
}

/* Whether an item takes a step, if one of the others leads it or it does itself. */
static bool
takes(const DnCustomer *c, const DnTaken *t, int i, int level, int32_t day)
{
	DnWhen		when;

	if (dn_customer_asked(c->procedure, t, level) <= 0 || (t->own.state != DN_STATE_DUE && t->own.state != DN_STATE_SCHEDULED))
		return false;
	/* a day with the step of an event has none of the ladder */
	if ((t->own.state == DN_STATE_DUE && !is_ladder(c, t->own.level)) || t->progress.event_on >= day)
		return false;
	if (t->progress.by_hand && !c->procedure->step[level - 1].manual)
		return false;
	if (ready(c, t) && t->own.level == level)
		return true;
	dn_step_when(c->procedure, level - 1, &when);
	return t->progress.done < level && overdue(c, i, day) && when.days >= 0;
}

/* Whether less is asked for than a step needs, in money or as a share of what is owed. */
bool
dn_customer_below(const DnProcedure *p, int level, DnWide asked, DnWide owed, int scale, const char *currency)
{
	int32_t		percent = p->step[level - 1].min_percent;

	if (dn_step_below(p, level - 1, asked, scale, currency))
		return true;
	/* so that the products fit */
	while (owed > dn_power(31))
	{
		owed /= 10;
		asked /= 10;
	}
	return percent != 0 && asked * 100 * DN_FEE_PERCENT_UNIT < owed * percent;
}

/* Since when the customer waits; what is to be sent with this step (0: with any) is no reminder yet. */
static int32_t
last_before(const DnCustomer *c, const DnTaken *taken, int level)
{
	int32_t		last = c->sent_on;
	int			i;

	for (i = 0; i < c->n; i++)
	{
		const DnProgress *p = &taken[i].progress;

		if (p->sent_on > last)
			last = p->sent_on;
		if (p->last_on > last && level != 0 && p->pending != level)
			last = p->last_on;
	}
	return last;
}

static int32_t
wait_until(const DnCustomer *c, int level, int32_t last)
{
	const DnStep *step = &c->procedure->step[level - 1];

	if (last == DN_DAY_EVER)
		return DN_DAY_EVER;
	return dn_business_day(&c->member[0].item, dn_day_add(last, step->wait != 0 ? step->wait : c->procedure->wait));
}

static void
try_step(const DnCustomer *c, const DnTaken *taken, int level, int32_t day, Try *it)
{
	int			i;

	memset(it, 0, sizeof(*it));
	it->ready_on = DN_DAY_NEVER;
	for (i = 0; i < c->n; i++)
	{
		const DnTaken *t = &taken[i];
		bool		took = takes(c, t, i, level, day);
		bool		joined = t->progress.pending == level && joins(c, t);

		if (took)
			it->takers++;
		if (took || joined)
			it->asked += dn_customer_asked(c->procedure, t, level);
		if ((took && ready(c, t)) || joined)
		{
			int32_t		on = took ? t->own.step_on : t->progress.last_on;

			it->led = true;
			if (on < it->ready_on)
			{
				it->ready_on = on;
				it->leader = i;
			}
		}
	}
	it->last_on = last_before(c, taken, level);
	it->wait_on = wait_until(c, level, it->last_on);
}

static void
say(DnCustomerDecision *d, DnState state, DnReason reason, int by, bool has_day, int32_t on)
{
	d->state = state;
	d->reason = reason;
	d->by = by;
	d->has_reason_day = has_day && dn_day_finite(on);
	d->reason_on = on;
}

/* The state is that of an item. */
static void
say_own(DnCustomerDecision *d, const DnTaken *taken, int i)
{
	const DnDecision *own = &taken[i].own;

	say(d, own->state, own->reason, own->fact != NULL ? i : -1, own->has_reason_day, own->reason_on);
	d->has_until = own->has_until;
	d->until = own->until;
}

static void
take(const DnCustomer *c, int i, DnTaken *t, DnCustomerDecision *d, int level, int32_t day)
{
	t->level = level;
	t->occurrence = level == t->own.level ? t->own.occurrence : dn_occurrence(&c->member[i].item, level, day);
	d->items++;
	d->asked += dn_customer_asked(c->procedure, t, level);
}

/* The step with which to begin: of the ready items, past due if there are such, and of what is to be sent; 0: none is ready. */
static int
first_level(const DnCustomer *c, const DnTaken *taken, int32_t day)
{
	bool		highest = c->procedure->by == DN_BY_HIGHEST;
	bool		past = false;
	int			level = 0;
	int			joined = 0;
	int			i;

	for (i = 0; i < c->n; i++)
		past = past || (ready(c, &taken[i]) && overdue(c, i, day));
	for (i = 0; i < c->n; i++)
	{
		int			own = ready(c, &taken[i]) && (!past || overdue(c, i, day)) ? taken[i].own.level : 0;
		int			sent = joins(c, &taken[i]) ? taken[i].progress.pending : 0;

		if (is_ladder(c, own) && (level == 0 || (highest ? own > level : own < level)))
			level = own;
		if (is_ladder(c, sent) && sent > joined)
			joined = sent;
	}
	return level == 0 || (highest && joined > level) ? joined : level;
}

/* One step for all: false if nothing is ready. */
static bool
decide_together(const DnCustomer *c, int32_t day, DnTaken *taken, DnCustomerDecision *d)
{
	int			level;
	int			i;

	for (level = first_level(c, taken, day); level > 0; level--)
	{
		Try			it;

		try_step(c, taken, level, day, &it);
		if (it.takers == 0 || !it.led)
			continue;
		if (it.asked <= d->credit)
		{
			say(d, DN_STATE_SETTLED, DN_REASON_CREDIT, -1, false, 0);
			d->level = 0;
			return true;
		}
		if (dn_customer_below(c->procedure, level, it.asked - d->credit, d->owed - d->credit, d->scale, c->currency))
		{
			if (d->level == 0)
			{
				say(d, DN_STATE_BELOW_MINIMUM, DN_REASON_MINIMUM, -1, false, 0);
				d->level = level;
				d->step_on = it.wait_on > it.ready_on ? it.wait_on : it.ready_on;
			}
			continue;
		}
		d->level = level;
		d->step_on = it.wait_on > it.ready_on ? it.wait_on : it.ready_on;
		say_own(d, taken, it.leader);
		d->state = it.wait_on > day ? DN_STATE_SCHEDULED : DN_STATE_DUE;
		if (it.wait_on > it.ready_on)
			say(d, d->state, DN_REASON_REMINDER, -1, true, it.last_on);
		if (d->state == DN_STATE_DUE)
			for (i = 0; i < c->n; i++)
				if (takes(c, &taken[i], i, level, day))
					take(c, i, &taken[i], d, level, day);
		return true;
	}
	return d->level > 0;
}

/*
 * Which ready items take their own step: what waits, or is below its minimum, is not
 * asked for, and so does not count for the minimum of the others.
 */
static void
choose_each(const DnCustomer *c, int32_t day, int32_t last, DnTaken *taken, const DnCustomerDecision *d)
{
	const DnWide credit = d->credit;
	const DnWide owed = d->owed - credit;
	bool		changed = true;
	int			i;

	for (i = 0; i < c->n; i++)
		taken[i].level = ready(c, &taken[i]) && wait_until(c, taken[i].own.level, last) <= day ? taken[i].own.level : 0;
	while (changed)
	{
		DnWide		asked = 0;

		changed = false;
		for (i = 0; i < c->n; i++)
			if (taken[i].level > 0)
				asked += dn_customer_asked(c->procedure, &taken[i], taken[i].level);
			else if (joins(c, &taken[i]))
				asked += dn_customer_asked(c->procedure, &taken[i], taken[i].progress.pending);
		for (i = 0; i < c->n; i++)
		{
			int			level = taken[i].level;

			if (level > 0 && (asked <= credit || dn_customer_below(c->procedure, level, asked - credit, owed, d->scale, c->currency)))
			{
				taken[i].level = 0;
				changed = true;
			}
		}
	}
}

/* Each ready item its own step: false if nothing is ready. */
static bool
decide_each(const DnCustomer *c, int32_t day, DnTaken *taken, DnCustomerDecision *d)
{
	int32_t		last = last_before(c, taken, 0);
	DnWide		asked = 0;
	bool		any = false;
	int			i;

	for (i = 0; i < c->n; i++)
	{
		any = any || ready(c, &taken[i]);
		if (ready(c, &taken[i]))
			asked += dn_customer_asked(c->procedure, &taken[i], taken[i].own.level);
		else if (joins(c, &taken[i]))
			asked += dn_customer_asked(c->procedure, &taken[i], taken[i].progress.pending);
	}
	if (!any)
		return false;
	if (asked <= d->credit)
	{
		say(d, DN_STATE_SETTLED, DN_REASON_CREDIT, -1, false, 0);
		return true;
	}
	choose_each(c, day, last, taken, d);
	say(d, DN_STATE_BELOW_MINIMUM, DN_REASON_MINIMUM, -1, false, 0);
	for (i = 0; i < c->n; i++)
	{
		int			level = taken[i].own.level;
		int32_t		on;

		if (!ready(c, &taken[i]))
			continue;
		on = wait_until(c, level, last);
		if ((on <= day && taken[i].level == 0) ||
			dn_customer_below(c->procedure, level, asked - d->credit, d->owed - d->credit, d->scale, c->currency))
		{
			if (d->state == DN_STATE_BELOW_MINIMUM && level > d->level)
			{
				d->level = level;
				d->step_on = on > taken[i].own.step_on ? on : taken[i].own.step_on;
			}
		}
		else if (on > day)
		{
			if (d->state == DN_STATE_DUE || (d->state == DN_STATE_SCHEDULED && (on > d->step_on || (on == d->step_on && level < d->level))))
				continue;
			d->level = level;
			d->step_on = on;
			say(d, DN_STATE_SCHEDULED, DN_REASON_REMINDER, -1, true, last);
		}
		else
		{
			take(c, i, &taken[i], d, level, day);
			if (d->state == DN_STATE_DUE && level < d->level)
				continue;
			d->level = level;
			d->step_on = on > taken[i].own.step_on ? on : taken[i].own.step_on;
			if (on > taken[i].own.step_on)
				say(d, DN_STATE_DUE, DN_REASON_REMINDER, -1, true, last);
			else
				say_own(d, taken, i);
		}
	}
	return true;
}

/* Nothing is ready: the first item that will be, or else why none will. */
static void
decide_later(const DnCustomer *c, const DnTaken *taken, DnCustomerDecision *d)
{
	static const DnState order[] = {DN_STATE_HELD, DN_STATE_HANDED_OVER, DN_STATE_BELOW_MINIMUM, DN_STATE_EXHAUSTED};
	int			found = -1;
	int			i;
	size_t		k;

	for (i = 0; i < c->n; i++)
	{
		const DnDecision *own = &taken[i].own;
		int32_t		last = is_ladder(c, own->level) ? last_before(c, taken, own->level) : DN_DAY_EVER;
		int32_t		wait = is_ladder(c, own->level) ? wait_until(c, own->level, last) : DN_DAY_EVER;
		int32_t		on = wait > own->step_on ? wait : own->step_on;

		if (own->state != DN_STATE_SCHEDULED || dn_customer_asked(c->procedure, &taken[i], own->level) <= 0)
			continue;
		if (found >= 0 && on > d->step_on)
			continue;
		if (found >= 0 && on == d->step_on && (c->procedure->by == DN_BY_LOWEST ? own->level >= d->level : own->level <= d->level))
			continue;
		found = i;
		d->level = own->level;
		d->step_on = on;
		say_own(d, taken, i);
		if (wait > own->step_on)
			say(d, DN_STATE_SCHEDULED, DN_REASON_REMINDER, -1, true, last);
	}
	for (k = 0; found < 0 && k < sizeof(order) / sizeof(order[0]); k++)
		for (i = 0; i < c->n; i++)
			if (taken[i].owed > 0 && taken[i].own.state == order[k] &&
				(found < 0 || (order[k] == DN_STATE_HELD && taken[i].own.until < taken[found].own.until) ||
				 (order[k] == DN_STATE_EXHAUSTED && taken[i].own.last_on > taken[found].own.last_on)))
			{
				found = i;
				say_own(d, taken, i);
			}
	/* only the step of an event is due */
	if (found < 0)
		say(d, DN_STATE_EXHAUSTED, DN_REASON_DUE_DATE, -1, false, 0);
}

static int
scale_of(const DnItem *item)
{
	return item->balance != NULL ? item->balance->scale : item->scale;
}

static int
hand_scale_of(const DnItem *item)
{
	return item->by_hand != NULL ? item->by_hand->scale : item->has_hand ? item->hand_scale : scale_of(item);
}

/* The scale in which the amounts of all items are whole. */
int
dn_customer_scale(const DnCustomer *c)
{
	int			scale = DN_FEE_SCALE;
	int			i;

	for (i = 0; i < c->n; i++)
	{
		const DnMember *m = &c->member[i];

		if (scale_of(&m->item) > scale)
			scale = scale_of(&m->item);
		if (hand_scale_of(&m->item) > scale)
			scale = hand_scale_of(&m->item);
		if (m->all != NULL && m->all->scale > scale)
			scale = m->all->scale;
	}
	return scale;
}

/* What is known of an item by itself: it stays so until dn_next_day, if its facts do. */
void
dn_see_member(const DnCustomer *c, int i, int32_t day, int scale, DnTaken *t)
{
	const DnMember *m = &c->member[i];
	const DnItem *item = &m->item;
	DnWide		unit = dn_power(scale - scale_of(item));
	int			hand_scale;

	memset(t, 0, sizeof(*t));
	dn_decide_day(item, day, &t->own);
	dn_progress(item, day, &t->progress);
	t->asked = (item->balance != NULL ? dn_history_open(item->balance, day) : item->open) * unit;
	(void) dn_by_hand(item, day, &t->by_hand, &hand_scale);
	t->by_hand *= dn_power(scale - hand_scale);
	t->owed = m->all != NULL ? dn_history_open(m->all, day) * dn_power(scale - m->all->scale) : t->asked + m->held * unit;
}

/* The answer of a day, from what is known of each item, without the day on which it changes */
void
dn_decide_together(const DnCustomer *c, int32_t day, int scale, DnTaken *taken, DnCustomerDecision *d)
{
	int			i;

	memset(d, 0, sizeof(*d));
	d->by = -1;
	d->scale = scale;
	for (i = 0; i < c->n; i++)
	{
		taken[i].level = 0;
		if (taken[i].owed > 0)
			d->owed += taken[i].owed;
		else if (c->member[i].nets)
			d->credit -= taken[i].owed;
	}
	d->last_on = last_before(c, taken, -1);
	if (d->owed <= d->credit)
	{
		say(d, DN_STATE_SETTLED, d->owed == 0 ? DN_REASON_PAYMENT : DN_REASON_CREDIT, -1, false, 0);
		return;
	}
	if (!(c->procedure->by == DN_BY_EACH ? decide_each(c, day, taken, d) : decide_together(c, day, taken, d)))
		decide_later(c, taken, d);
	for (i = 0; i < c->n; i++)
		if (taken[i].own.state == DN_STATE_DUE && !is_ladder(c, taken[i].own.level) &&
			dn_customer_asked(c->procedure, &taken[i], taken[i].own.level) > 0)
		{
			take(c, i, &taken[i], d, taken[i].own.level, day);
			if (d->state == DN_STATE_DUE)
				continue;
			d->level = taken[i].own.level;
			d->step_on = taken[i].own.step_on;
			say_own(d, taken, i);
		}
}

void
dn_decide_customer_day(const DnCustomer *c, int32_t day, DnTaken *taken, DnCustomerDecision *d)
{
	int			scale = dn_customer_scale(c);
	int			i;

	for (i = 0; i < c->n; i++)
		dn_see_member(c, i, day, scale, &taken[i]);
	dn_decide_together(c, day, scale, taken, d);
}

/* The first day after one on which a wait of the customer is over */
int32_t
dn_customer_wait(const DnCustomer *c, const DnTaken *taken, int32_t day)
{
	int32_t		next = DN_DAY_NEVER;
	int			i;

	for (i = 1; i <= c->procedure->n; i++)
	{
		int32_t		on = wait_until(c, i, last_before(c, taken, i));

		if (on > day && on < next)
			next = on;
		on = wait_until(c, i, last_before(c, taken, 0));
		if (on > day && on < next)
			next = on;
	}
	return next;
}

/* The first day after one on which the answer may be another one */
static int32_t
next_day(const DnCustomer *c, const DnTaken *taken, int32_t day)
{
	int32_t		next = dn_customer_wait(c, taken, day);
	int			i;

	for (i = 0; i < c->n; i++)
	{
		int32_t		on = dn_next_day(&c->member[i].item, day);

		if (on > day && on < next)
			next = on;
	}
	return next;
}

static bool
same_answer(const DnCustomerDecision *a, const DnCustomerDecision *b)
{
	return a->state == b->state && a->level == b->level && a->step_on == b->step_on && a->items == b->items && a->asked == b->asked;
}

/*
 * Decides for the items of a customer on a day: which step they take, which of
 * them, and when to ask again.  The answers on the items are those of the day.
 */
void
dn_decide_customer(const DnCustomer *c, int32_t as_of, DnTaken *taken, DnCustomerDecision *decision)
{
	int32_t		day = as_of;
	int			tried;

	dn_decide_customer_day(c, as_of, taken, decision);
	for (tried = 0; tried < DN_CUSTOMER_DAYS_MAX; tried++)
	{
		DnCustomerDecision later;

		day = next_day(c, taken, day);
		if (day == DN_DAY_NEVER)
			break;
		dn_decide_customer_day(c, day, taken, &later);
		if (!same_answer(decision, &later) || tried == DN_CUSTOMER_DAYS_MAX - 1)
		{
			decision->changes = true;
			decision->changes_on = day;
			break;
		}
	}
	dn_decide_customer_day(c, as_of, taken, &(DnCustomerDecision) {0});
}
