/* test_decide.c: the next step, of core/decide.c */
#include "core/decide.h"

#include "core/days.h"
#include "mutate.h"
#include "tap.h"

static bool
same(const DnAnswer *a, const DnAnswer *b)
{
	return a->state == b->state && a->level == b->level && a->due_on == b->due_on;
}

/*
 * changes_on is the first later day with another answer: random situations
 * against a walk from day to day.
 */
static void
changes(void)
{
	const int	horizon = 200;
	int			wrong = 0,
				changing = 0;
	int			i;

	for (i = 0; i < 20000; i++)
	{
		DnStepDay	step[6];
		DnSituation it;
		DnAnswer	now,
					later;
		int			n = 1 + (int) mutate_random(6);
		bool		jump = mutate_random(2);
		int			k;

		memset(&it, 0, sizeof(it));
		it.due_on = 1000;
		it.as_of = 1000 - 30 + (int32_t) mutate_random(90);
		it.last_level = (int32_t) mutate_random((uint64_t) n + 2);
		it.has_last = mutate_random(2);
		it.last_on = it.as_of - (int32_t) mutate_random(40);
		it.held = mutate_random(3) == 0;
		it.held_until = it.as_of - 10 + (int32_t) mutate_random(40);
		for (k = 0; k < n; k++)
		{
			step[k].offset = (k == 0 ? -20 : step[k - 1].offset) + (int32_t) mutate_random(15);
			step[k].wait = 1 + (int32_t) mutate_random(20);
			step[k].below = mutate_random(4) == 0;
		}
		dn_next_step(step, n, jump, &it, &now);
		for (k = 1; k <= horizon; k++)
		{
			DnSituation then = it;

			then.as_of += k;
			dn_next_step(step, n, jump, &then, &later);
			if (!same(&now, &later))
				break;
		}
		if (k > horizon)
			wrong += now.changes;
		else
		{
			changing++;
			wrong += !now.changes || now.changes_on != it.as_of + k;
		}
	}
	ok(wrong == 0 && changing > 5000, "changes_on is the first day with another answer (%d of %d wrong)", wrong, changing);
}

static void
edges(void)
{
	DnStepDay	step[2] = {{-3, 1, false}, {5, 1, false}};
	DnSituation it;
	DnAnswer	a;

	memset(&it, 0, sizeof(it));
	it.due_on = DN_DAY_NEVER;
	dn_next_step(step, 2, false, &it, &a);
	ok(a.state == DN_STATE_SCHEDULED && a.due_on == DN_DAY_NEVER && !a.changes, "an item that is never due");
	it.due_on = DN_DAY_EVER;
	dn_next_step(step, 2, true, &it, &a);
	ok(a.state == DN_STATE_DUE && a.level == 2, "an item that has always been due");
	it.due_on = DN_DAY_LAST;
	it.as_of = DN_DAY_LAST;
	dn_next_step(step, 2, false, &it, &a);
	ok(a.state == DN_STATE_DUE && a.level == 1 && !a.changes, "the calendar ends before the alert is too late");
	it.due_on = 0;
	it.as_of = DN_DAY_NEVER;
	dn_next_step(step, 2, false, &it, &a);
	ok(a.state == DN_STATE_DUE && a.level == 2 && !a.changes, "as of for ever");
	it.last_level = INT32_MAX;
	dn_next_step(step, 2, true, &it, &a);
	ok(a.state == DN_STATE_EXHAUSTED && a.level == 0, "a level beyond the last");
}

/* The state of a step that next_step would take, and of those around it. */
static void
states(void)
{
	DnStepDay	step[3] = {{-3, 1, false}, {5, 9, false}, {15, 1, true}};
	DnSituation it;

	memset(&it, 0, sizeof(it));
	it.due_on = 100;
	it.as_of = 98;
	it.has_last = true;			/* does not matter, nor does the wait */
	it.last_on = 98;
	it.last_level = 2;
	ok(dn_step_state(step, 3, 1, &it) == DN_STATE_DUE, "an alert before the due date");
	ok(dn_step_state(step, 3, 2, &it) == DN_STATE_SCHEDULED, "a step whose day is to come");
	it.as_of = 101;
	ok(dn_step_state(step, 3, 1, &it) == DN_STATE_EXHAUSTED, "the day after the due date is too late for the alert");
	it.as_of = 200;
	ok(dn_step_state(step, 3, 2, &it) == DN_STATE_DUE, "the day of a step has come, wait or no wait");
	ok(dn_step_state(step, 3, 3, &it) == DN_STATE_BELOW_MINIMUM, "the minimum is not reached");
	ok(dn_step_state(step, 3, 4, &it) == DN_STATE_EXHAUSTED, "there is no such step");
	ok(dn_step_state(step, 3, INT32_MAX, &it) == DN_STATE_EXHAUSTED, "nor the last of all");
	it.held = true;
	it.held_until = 200;
	ok(dn_step_state(step, 3, 2, &it) == DN_STATE_HELD, "a hold");
	it.as_of = 201;
	ok(dn_step_state(step, 3, 2, &it) == DN_STATE_DUE, "that is over");
	it.settled = true;
	ok(dn_step_state(step, 3, 2, &it) == DN_STATE_SETTLED, "nothing is open");
}

int
main(void)
{
	changes();
	edges();
	states();
	return done_testing();
}
