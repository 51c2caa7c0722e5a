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

int
main(void)
{
	changes();
	edges();
	mutations();
	return done_testing();
}
