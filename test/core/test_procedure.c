/* test_procedure.c: dunning procedures of core/procedure.c */
#include "core/procedure.h"

#include "core/days.h"
#include "mutate.h"
#include "tap.h"

static DnProcedureRoom room;
static DnProcedureRoom room2;

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

static void
mutations(void)
{
	static const char *const seeds[] = {
		"-3 email \"Alert\"; 5 email; 15 letter \"Form\"\"al\" fee 15.00 EUR min 50.00 EUR wait 7 manual; wait 3; mode jump",
		"5 email; 10 phone; 15 registered_letter \"Mise en demeure\" manual; mode stepwise", "+0 sms", "-36500 a; 36500 b wait 3650"
	};
	int			accepted = 0,
				wrong = 0;
	int			i;

	for (i = 0; i < 200000; i++)
	{
		size_t		len,
					out_len,
					again_len;
		char	   *text = mutate(seeds[i % 4], &len);
		DnProcedure p,
					again;
		DnError		err = {DN_OK, 0, NULL};

		if (dn_parse_procedure(text, len, &room, &p, &err))
		{
			char	   *out = printed(dn_print_procedure, &p, &out_len);

			accepted++;
			if (!dn_parse_procedure(out, out_len, &room2, &again, &err))
				wrong++;
			else
			{
				char	   *out2 = printed(dn_print_procedure, &again, &again_len);

				wrong += out_len != again_len || memcmp(out, out2, out_len) != 0 || p.n != again.n ||
					memcmp(p.step, again.step, (size_t) p.n * sizeof(DnStep)) != 0 ||
					p.texts_len != again.texts_len || memcmp(p.texts, again.texts, p.texts_len) != 0;
				free(out2);
			}
			free(out);
		}
		else
			wrong += err.code == DN_OK || err.at > len || err.what == NULL;
		free(text);
	}
	ok(wrong == 0 && accepted > 10000 && accepted < 190000, "mutated procedures are refused with a reason or read back (%d accepted, %d wrong)", accepted, wrong);
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

/* The first steps of two procedures, as many as are the same. */
static int
same_up_to(const char *a, const char *b)
{
	DnProcedure p,
				q;
	DnError		err;
	int			n = 0;

	if (!dn_parse_procedure(a, strlen(a), &room, &p, &err) || !dn_parse_procedure(b, strlen(b), &room2, &q, &err))
		return -1;
	while (n < 5 && dn_same_steps(&p, &q, n + 1) && dn_same_steps(&q, &p, n + 1))
		n++;
	return n;
}

static void
same_steps(void)
{
	ok(same_up_to("-3 email; 5 email; 15 letter \"M\"", "5 email; 15 letter \"M\"; 45 handover") == 0, "a first step that went");
	ok(same_up_to("5 email \"R\"; 15 letter", "5 email \"R\"; 20 letter; 30 phone") == 1, "another day");
	ok(same_up_to("5 email; 15 letter", "5 email; 15 phone") == 1, "another channel");
	ok(same_up_to("5 email; 15 letter \"Formal\"", "5 email; 15 letter \"formal\"") == 1, "another label");
	ok(same_up_to("5 ab \"c\"", "5 a \"bc\"") == 0, "a channel and a label that end elsewhere");
	ok(same_up_to("5 email; 15 letter", "5 email; 15 letter; 30 phone") == 2, "a step more");
	ok(same_up_to("5 email fee 1 EUR; 15 letter; wait 3", "5 email min 9 EUR wait 4 manual; 15 letter; mode jump") == 5,
	   "fees, minimums, waits and modes do not matter, nor steps that neither has");
}

int
main(void)
{
	changes();
	edges();
	states();
	same_steps();
	mutations();
	return done_testing();
}
