/* core/decide.c: see decide.h */
#include "decide.h"

#include <string.h>

#include "days.h"

/* The first day on which a step can be taken: its own, and after the wait. */
static int32_t
ready_on(const DnStepDay *step, const DnSituation *it)
{
	int32_t		day = dn_day_add(it->due_on, step->offset);

	if (it->has_last)
	{
		int32_t		waited = dn_day_add(it->last_on, step->wait);

		if (waited > day)
			day = waited;
	}
	return day;
}

/* A step before the due date makes no sense any more once the item is past due. */
static bool
too_late(const DnStepDay *step, int32_t ready, const DnSituation *it, int32_t as_of)
{
	return step->offset < 0 && (ready > as_of ? ready : as_of) > it->due_on;
}

/*
 * Mode jump: the most severe step that is ready, or else the most severe of
 * those that are ready first; -1 if there is none.  Only steps whose minimum
 * is met count, or only those whose minimum is not.
 */
static int
jump_to(const DnStepDay *step, int n, const DnSituation *it, int32_t as_of, bool below)
{
	int			found = -1;
	int32_t		found_ready = 0;
	int			i;

	for (i = it->last_level; i < n; i++)
	{
		int32_t		ready;

		if (step[i].below != below)
			continue;
		ready = ready_on(&step[i], it);
		if (too_late(&step[i], ready, it, as_of))
			continue;
		if (ready < as_of)
			ready = as_of;
		if (found < 0 || ready <= found_ready)
		{
			found = i;
			found_ready = ready;
		}
	}
	return found;
}

/* The answer of one day, without the day on which it changes. */
static void
answer_on(const DnStepDay *step, int n, bool jump,
		  const DnSituation *it, int32_t as_of, DnAnswer *a)
{
	int			i = it->last_level;
	bool		held = it->held && as_of <= it->held_until;

	memset(a, 0, sizeof(*a));
	if (it->settled)
	{
		a->state = DN_STATE_SETTLED;
		return;
	}
	if (jump)
	{
		i = jump_to(step, n, it, as_of, false);
		if (i < 0)
			i = jump_to(step, n, it, as_of, true);
	}
	else
		while (i < n && too_late(&step[i], ready_on(&step[i], it), it, as_of))
			i++;

	if (i < 0 || i >= n)
		a->state = held ? DN_STATE_HELD : DN_STATE_EXHAUSTED;
	else
	{
		a->level = i + 1;
		a->due_on = ready_on(&step[i], it);
		if (held)
			a->state = DN_STATE_HELD;
		else if (a->due_on > as_of)
			a->state = DN_STATE_SCHEDULED;
		else
			a->state = step[i].below ? DN_STATE_BELOW_MINIMUM : DN_STATE_DUE;
	}
	dn_assert(a->level == 0 || (a->level > it->last_level && a->level <= n));
}

/* Keeps the earliest finite day after "after". */
static void
earliest(int32_t day, int32_t after, int32_t *found)
{
	if (day > after && day < *found)
		*found = day;
}

/*
 * The next step of an item by n steps, and the first later day on which the
 * answer is another one if nothing happens.  The answer can only change the
 * day after the due date, the day after a hold, or when a step is ready, so
 * only those days are tried.
 */
void
dn_next_step(const DnStepDay *step, int n, bool jump,
			 const DnSituation *it, DnAnswer *answer)
{
	int32_t		day = it->as_of;

	answer_on(step, n, jump, it, day, answer);
	if (answer->state == DN_STATE_SETTLED)
		return;
	for (;;)
	{
		DnAnswer	later;
		int32_t		next = DN_DAY_NEVER;
		int			i;

		earliest(dn_day_add(it->due_on, 1), day, &next);
		if (it->held)
			earliest(dn_day_add(it->held_until, 1), day, &next);
		for (i = it->last_level; i < n; i++)
			earliest(ready_on(&step[i], it), day, &next);
		if (next == DN_DAY_NEVER)
			return;
		day = next;
		answer_on(step, n, jump, it, day, &later);
		if (later.state != answer->state || later.level != answer->level ||
			later.due_on != answer->due_on)
		{
			dn_assert(day > it->as_of);
			answer->changes = true;
			answer->changes_on = day;
			return;
		}
	}
}

/*
 * The state of one given step, whatever the mode and whenever the reminder
 * before it was: EXHAUSTED if there is no such step or it is too late for it.
 */
DnState
dn_step_state(const DnStepDay *step, int n, int level, const DnSituation *situation)
{
	DnSituation it = *situation;
	DnAnswer	a;

	it.last_level = level - 1;
	it.has_last = false;
	answer_on(step, n, false, &it, it.as_of, &a);
	if (a.state == DN_STATE_SETTLED || a.state == DN_STATE_HELD || a.level == level)
		return a.state;
	return DN_STATE_EXHAUSTED;
}
