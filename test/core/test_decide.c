/* test_decide.c: the decision, of core/decide.c, and its replay, of core/replay.c */
#include "core/replay.h"

#include "mutate.h"
#include "tap.h"

#define DUE 9000				/* 2024-08-22 */

static DnProcedureRoom room;
static DnFact fact_room[DN_FACTS_MAX];
static char name_room[DN_FACTS_MAX * DN_NAME_MAX];

static void
read_procedure(const char *text, DnProcedureRoom *place, DnProcedure *p)
{
	DnError		err;

	if (!dn_parse_procedure(text, strlen(text), place, p, &err))
	{
		printf("# %s: %s\n", text, err.what);
		abort();
	}
}

/* A day of 2024 and after as a literal; two may stand in one printf. */
static const char *
day_text(int32_t day)
{
	static char text[4][40];
	static int	next = 0;
	int32_t		year;
	int			month,
				dom;

	next = (next + 1) % 4;
	dn_civil(day, &year, &month, &dom);
	snprintf(text[next], sizeof(text[next]), "%04d-%02d-%02d", (int) year, month, dom);
	return text[next];
}

static void
read_facts(const char *text, DnFacts *facts)
{
	DnError		err;

	if (!dn_parse_facts(text, strlen(text), fact_room, name_room, facts, &err))
	{
		printf("# %s: %s\n", text, err.what);
		abort();
	}
}

static bool
same(const DnDecision *a, const DnDecision *b)
{
	return a->state == b->state && a->level == b->level && a->step_on == b->step_on && a->occurrence == b->occurrence;
}

/* A procedure of random steps, alerts before the due date among them. */
static void
random_procedure(DnProcedureRoom *place, DnProcedure *p)
{
	char		text[1000] = "";
	int			offset = -20;
	int			n = 1 + (int) mutate_random(5);
	int			i;

	for (i = 0; i < n; i++)
	{
		offset += 1 + (int) mutate_random(15);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d %s%s%s; ", offset, mutate_random(2) ? "email" : "letter",
				 mutate_random(4) == 0 ? " min 50 EUR" : "", mutate_random(4) == 0 ? " manual" : "");
	}
	n = (int) mutate_random(4);
	for (i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "reject %s%d %s%s%s%s; ", mutate_random(2) ? "ac04 " : "", 3 * i + (int) mutate_random(3),
				 mutate_random(2) ? "email" : "letter", mutate_random(4) == 0 ? " min 50 EUR" : "", mutate_random(4) == 0 ? " wait 3" : "",
				 mutate_random(4) == 0 ? " manual" : "");
	n = (int) mutate_random(3);
	for (i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "broken %s%d %s%s; ", (const char *const[]) {"", "promise ", "plan "}[mutate_random(3)],
				 3 * i + (int) mutate_random(3), mutate_random(2) ? "email" : "letter", mutate_random(3) == 0 ? " manual" : "");
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "wait %d; mode %s", 1 + (int) mutate_random(20), mutate_random(2) ? "jump" : "stepwise");
	read_procedure(text, place, p);
}

/* Facts of all kinds, of the procedure's steps and of others. */
static void
random_facts(const DnProcedure *p, DnFacts *facts, int most)
{
	char		text[4000] = "{";
	int			n = (int) mutate_random((uint64_t) most + 1);
	int			i;

	for (i = 0; i < n; i++)
	{
		int32_t		on = DUE - 30 + (int32_t) mutate_random(100);
		char	   *end = text + strlen(text);
		size_t		left = sizeof(text) - strlen(text);
		const DnStep *step = &p->step[mutate_random((uint64_t) dn_steps(p))];

		if (i > 0)
		{
			*end++ = ';';
			left--;
		}
		switch (mutate_random(9))
		{
			case 8:
				if (mutate_random(2))
					snprintf(end, left, "reject %s on %s", mutate_random(2) ? "ac04" : "am04", day_text(on));
				else
				{
					snprintf(end, left, "hold %s from %s", (const char *const[]) {"broken_promise", "broken_plan", "promise"}[mutate_random(3)], day_text(on));
					snprintf(end + strlen(end), left - strlen(end), " until %s stops none", day_text(on + (int32_t) mutate_random(2)));
				}
				break;
			case 0:
				snprintf(end, left, "handover x on %s", day_text(on));
				if (mutate_random(4) > 0)
					snprintf(end + strlen(end), left - strlen(end), " ended %s", day_text(on + (int32_t) mutate_random(10)));
				break;
			case 1:
			case 2:
			case 3:
				{
					static const char *const stops[] = {"all", "automatic", "none"};
					static const char *const then[] = {"continue", "wait", "restart"};

					snprintf(end, left, "hold x from %s", day_text(on));
					if (mutate_random(2))
						snprintf(end + strlen(end), left - strlen(end), " until %s", day_text(on + (int32_t) mutate_random(20)));
					if (mutate_random(2))
						snprintf(end + strlen(end), left - strlen(end), " released %s", day_text(on + (int32_t) mutate_random(20)));
					snprintf(end + strlen(end), left - strlen(end), " stops %s then %s", stops[mutate_random(3)], then[mutate_random(3)]);
					break;
				}
			default:
				{
					DnWhen		when;

					dn_step_when(p, (int) (step - p->step), &when);
					if (mutate_random(4) == 0)
						when.days += 3;
					snprintf(end, left, "reminder %s%.8s %d %.*s %s raised %s", when.event == DN_EVENT_REJECT ? "reject " : when.event ? "broken " : "", when.code, (int) when.days, step->channel_len,
							 p->texts + step->text, when.event && mutate_random(2) ? "time 2" : "", day_text(on));
					if (mutate_random(2))
						snprintf(end + strlen(end), left - strlen(end), " sent %s", day_text(on + (int32_t) mutate_random(5)));
					if (mutate_random(4) == 0)
						snprintf(end + strlen(end), left - strlen(end), " cancelled %s", day_text(on + (int32_t) mutate_random(20)));
				}
		}
	}
	strcat(text, "}");
	read_facts(text, facts);
}

/* A balance of one item that is paid in parts, and may be open again. */
static int
random_balance(int32_t *day, int32_t *amount, DnHistory *h)
{
	int			n = 1 + (int) mutate_random(3);
	int			i;

	memset(h, 0, sizeof(*h));
	day[0] = DUE - 60;
	amount[0] = 100;
	for (i = 1; i < n; i++)
	{
		day[i] = day[i - 1] + 1 + (int32_t) mutate_random(60);
		amount[i] = mutate_random(3) == 0 ? 60 : -60;
	}
	h->n = n;
	h->width = 4;
	h->day = day;
	h->amount = (const unsigned char *) amount;
	return n;
}

/*
 * changes_on is the first later day with another answer: random situations
 * against a walk from day to day.
 */
static void
changes(void)
{
	const int	horizon = 150;
	int			wrong = 0,
				changing = 0;
	int			states[DN_STATE_HANDED_OVER + 1] = {0};
	int			i;

	for (i = 0; i < cases(4000); i++)
	{
		DnProcedure p;
		DnFacts		facts;
		DnHistory	balance,
					hand;
		int32_t		day[3],
					amount[3],
					hand_day[3],
					hand_amount[3];
		DnItem		item = {0};
		DnDecision	now,
					later;
		int32_t		as_of = DUE - 30 + (int32_t) mutate_random(90);
		int			k;

		random_procedure(&room, &p);
		random_facts(&p, &facts, 5);
		random_balance(day, amount, &balance);
		item.procedure = &p;
		item.due_on = DUE;
		random_balance(hand_day, hand_amount, &hand);
		item.balance = mutate_random(2) ? &balance : NULL;
		item.by_hand = mutate_random(3) == 0 ? &hand : NULL;
		item.has_open = mutate_random(2);
		item.open = (DnWide) mutate_random(100);
		item.facts = &facts;
		dn_decide(&item, 1, as_of, &now);
		states[now.state]++;
		for (k = 1; k <= horizon; k++)
		{
			dn_decide_day(&item, as_of + k, &later);
			if (!same(&now, &later))
				break;
		}
		if (k > horizon)
			wrong += now.changes;
		else
		{
			changing++;
			wrong += !now.changes || now.changes_on != as_of + k;
		}
	}
	ok(wrong == 0 && changing > 1000, "changes_on is the first day with another answer (%d of %d wrong)", wrong, changing);
	for (i = 0; i <= DN_STATE_HANDED_OVER; i++)
		ok(states[i] > 50, "random items are in state %d (%d)", i, states[i]);
}

/* An item without facts, by its last level: the short form. */
static void
edges(void)
{
	DnProcedure p;
	DnItem		item = {0};
	DnDecision	a;

	read_procedure("-3 email; 5 email", &room, &p);
	item.procedure = &p;
	item.due_on = DN_DAY_NEVER;
	dn_decide(&item, 1, 0, &a);
	ok(a.state == DN_STATE_SCHEDULED && a.step_on == DN_DAY_NEVER && !a.changes, "an item that is never due");
	item.due_on = DN_DAY_EVER;
	p.jump = true;
	dn_decide(&item, 1, 0, &a);
	ok(a.state == DN_STATE_DUE && a.level == 2, "an item that has always been due");
	p.jump = false;
	item.due_on = DN_DAY_LAST;
	dn_decide(&item, 1, DN_DAY_LAST, &a);
	ok(a.state == DN_STATE_DUE && a.level == 1 && !a.changes, "the calendar ends before the alert is too late");
	item.due_on = 0;
	dn_decide(&item, 1, DN_DAY_NEVER, &a);
	ok(a.state == DN_STATE_DUE && a.level == 2 && !a.changes, "as of for ever");
	item.last_level = INT32_MAX;
	p.jump = true;
	dn_decide(&item, 1, DN_DAY_NEVER, &a);
	ok(a.state == DN_STATE_EXHAUSTED && a.level == 0, "a level beyond the last");
}

/* The state of a step that a decision would take, and of those around it. */
static void
states(void)
{
	DnProcedure p;
	DnItem		item = {0};

	read_procedure("-3 email; 5 email wait 9; 15 letter min 10 EUR", &room, &p);
	item.procedure = &p;
	item.due_on = 100;
	item.has_last = true;		/* does not matter, nor does the wait */
	item.last_on = 98;
	item.last_level = 2;
	item.has_open = true;
	item.open = 9;
	ok(dn_step_state(&item, 1, 1, 98) == DN_STATE_DUE, "an alert before the due date");
	ok(dn_step_state(&item, 2, 1, 98) == DN_STATE_SCHEDULED, "a step whose day is to come");
	ok(dn_step_state(&item, 1, 1, 101) == DN_STATE_EXHAUSTED, "the day after the due date is too late for the alert");
	ok(dn_step_state(&item, 2, 1, 200) == DN_STATE_DUE, "the day of a step has come, wait or no wait");
	ok(dn_step_state(&item, 3, 1, 200) == DN_STATE_BELOW_MINIMUM, "the minimum is not reached");
	ok(dn_step_state(&item, 4, 1, 200) == DN_STATE_EXHAUSTED, "there is no such step");
	ok(dn_step_state(&item, INT32_MAX, 1, 200) == DN_STATE_EXHAUSTED, "nor the last of all");
	item.held = true;
	item.held_until = 200;
	ok(dn_step_state(&item, 2, 1, 200) == DN_STATE_HELD, "a hold");
	ok(dn_step_state(&item, 2, 1, 201) == DN_STATE_DUE, "that is over");
	item.open = 0;
	ok(dn_step_state(&item, 2, 1, 201) == DN_STATE_SETTLED, "nothing is open");
}

static bool
nothing_due(const char *procedure, const char *step, const char *channel, int32_t due_on, int32_t day)
{
	DnProcedure p;
	DnScan		s;
	DnWhen		when;

	read_procedure(procedure, &room, &p);
	dn_scan_init(&s, step, strlen(step));
	if (!dn_scan_when(&s, DN_WHEN_DAYS_MAX, &when))
		return false;
	return dn_nothing_due(&p, &when, channel, strlen(channel), due_on, day);
}

static void
nothing(void)
{
	const char *ladder = "-3 email; 5 email; 1 month letter";

	ok(nothing_due(ladder, "-3", "email", 100, 104) && !nothing_due(ladder, "-3", "email", 100, 105), "the day of the next step has come");
	ok(nothing_due(ladder, "5", "email", 100, 127) && !nothing_due(ladder, "5", "email", 100, 128), "or may have come: a month has 28 days");
	ok(nothing_due(ladder, "1 month", "letter", 100, 100000), "after the last step nothing is due");
	ok(!nothing_due("5 email; 15 letter repeat 30", "15", "letter", 100, 115), "if it does not come again");
	ok(!nothing_due(ladder, "6", "email", 100, 101) && !nothing_due(ladder, "5", "letter", 100, 101), "a step that is not there does not say");
	ok(!nothing_due(ladder, "5", "email", DN_DAY_NEVER, 101) && nothing_due(ladder, "1 month", "letter", DN_DAY_NEVER, 101), "nor does a day that never comes");
}

/* Lives of one item due on 2024-08-22 (day 9000), told by hand. */
static const char *
decided(const char *procedure, const char *facts_text, int32_t as_of)
{
	static const char *const state[] = {"due", "scheduled", "held", "below_minimum", "exhausted", "settled", "handed_over"};
	static const char *const reason[] = {"due date", "reminder", "hold", "handover", "minimum", "payment", "rejection", "credit", "broken"};
	static char out[200];
	DnProcedure p;
	DnFacts		facts;
	DnItem		item = {0};
	DnDecision	d;

	read_procedure(procedure, &room, &p);
	read_facts(facts_text, &facts);
	item.procedure = &p;
	item.due_on = DUE;
	item.facts = &facts;
	dn_decide(&item, 1, as_of, &d);
	snprintf(out, sizeof(out), "%s %d", state[d.state], d.level);
	if (d.occurrence > 1)
		snprintf(out + strlen(out), sizeof(out) - strlen(out), " time %d", (int) d.occurrence);
	if (d.level > 0)
		snprintf(out + strlen(out), sizeof(out) - strlen(out), " %+d", (int) (d.step_on - DUE));
	if (d.has_until && d.until != DN_DAY_NEVER)
		snprintf(out + strlen(out), sizeof(out) - strlen(out), " until %+d", (int) (d.until - DUE));
	snprintf(out + strlen(out), sizeof(out) - strlen(out), ": %s", reason[d.reason]);
	if (d.has_reason_day)
		snprintf(out + strlen(out), sizeof(out) - strlen(out), " %+d", (int) (d.reason_on - DUE));
	if (d.changes)
		snprintf(out + strlen(out), sizeof(out) - strlen(out), ", changes %+d", (int) (d.changes_on - DUE));
	return out;
}

static void
lives(void)
{
	static const char *const ladder = "5 email; 15 letter; 30 phone manual; wait 7";

	is_text(decided(ladder, "{}", DUE), "scheduled 1 +5: due date +0, changes +5", "before the first step");
	is_text(decided(ladder, "{}", DUE + 20), "due 1 +5: due date +0", "the first step comes first, however late");
	is_text(decided(ladder, "{reminder 5 email raised 2024-09-10}", DUE + 20), "scheduled 2 +26: reminder +19, changes +26",
			"the wait counts from a pending reminder's day");
	is_text(decided(ladder, "{reminder 5 email raised 2024-09-10 sent 2024-09-13}", DUE + 20), "scheduled 2 +26: reminder +19, changes +22",
			"what is sent later has not been sent yet");
	is_text(decided(ladder, "{reminder 5 email raised 2024-09-10 sent 2024-09-13}", DUE + 22), "scheduled 2 +29: reminder +22, changes +29",
			"the wait counts from the day of sending");
	is_text(decided(ladder, "{reminder 5 email raised 2024-08-27 cancelled 2024-08-30}", DUE + 8), "due 1 +5: due date +0",
			"a step that was cancelled comes again");
	is_text(decided(ladder, "{reminder 5 email raised 2024-08-27 cancelled 2024-08-30}", DUE + 7), "scheduled 2 +15: due date +0, changes +8",
			"it stood until then");
	is_text(decided(ladder, "{reminder 5 email raised 2024-08-27 skipped 2024-08-28}", DUE + 15), "due 2 +15: due date +0", "a step that was skipped is done");
	is_text(decided(ladder, "{reminder 20 fax raised 2024-09-11}", DUE + 60), "due 3 +30: due date +0",
			"after another procedure's step comes the first later one");
	is_text(decided(ladder, "{reminder 30 phone raised 2024-09-21}", DUE + 60), "exhausted 0: reminder +30", "all steps are done");
	is_text(decided("5 email; 15 letter; 30 phone", "{reminder 15 letter raised 2024-09-06}", DUE + 60), "due 3 +30: due date +0",
			"an earlier step that was never taken does not come after a later one");
	is_text(decided("5 email; 5 phone; 15 letter", "{reminder 5 email raised 2024-08-27}", DUE + 6), "due 2 +6: reminder +5", "two steps of one day are two steps");
	is_text(decided("5 email; 15 letter; 30 phone; mode jump", "{}", DUE + 20), "due 2 +15: due date +0, changes +30", "jump takes the most severe step that is due");

	is_text(decided(ladder, "{hold dispute from 2024-08-25 until 2024-08-31}", DUE + 5), "held 1 +5 until +9: hold +3, changes +10", "a hold");
	is_text(decided(ladder, "{hold dispute from 2024-08-25 until 2024-08-31}", DUE + 10), "due 1 +5: due date +0", "is over by itself");
	is_text(decided(ladder, "{hold dispute from 2024-08-25 until 2024-08-31 released 2024-08-28}", DUE + 5), "held 1 +5 until +9: hold +3, changes +6",
			"the day before its release");
	is_text(decided(ladder, "{hold dispute from 2024-08-25 until 2024-08-31 released 2024-08-28}", DUE + 6), "due 1 +5: due date +0", "the day of its release");
	is_text(decided(ladder, "{hold x from 2024-08-25 until 2024-08-31 then wait}", DUE + 10), "scheduled 1 +16: hold +9, changes +16", "the wait begins again");
	is_text(decided(ladder, "{reminder 5 email raised 2024-08-27; hold x from 2024-08-28 until 2024-08-31 then restart}", DUE + 16),
			"due 1 time 2 +5: due date +0", "the procedure begins again");
	is_text(decided(ladder, "{hold x from 2024-08-25 stops none}", DUE + 10), "due 1 +5: due date +0", "a hold that stops no reminder");
	is_text(decided(ladder, "{hold x from 2024-08-25 stops automatic; reminder 15 letter raised 2024-09-06}", DUE + 40), "due 3 +30: due date +0",
			"a person goes on while automatic reminders are stopped");
	is_text(decided(ladder, "{hold x from 2024-08-25 stops automatic}", DUE + 40), "held 1 +5: hold +3", "what is automatic waits");
	is_text(decided(ladder, "{hold x from 2024-08-25 released 2024-08-25}", DUE + 5), "due 1 +5: due date +0", "a hold that was released on its first day never was");
	is_text(decided(ladder, "{handover agency on 2024-08-30 ended 2024-09-30}", DUE + 20), "handed_over 0: handover +8, changes +39", "with the agency");
}

/* What follows a promise or a plan that broke, beside the ladder and what follows a rejection. */
static void
broken(void)
{
	static const char *const p = "5 email; 15 letter; broken 1 phone manual; broken 4 sms; broken plan 0 fax; wait 3";
	static const char *const both = "5 email; reject 0 phone; broken 0 sms";

	is_text(decided(p, "{}", DUE + 5), "due 1 +5: due date +0", "nothing broke");
	is_text(decided(p, "{hold broken_promise from 2024-08-26 until 2024-08-26 stops none}", DUE + 4), "scheduled 3 +5: broken +4, changes +5", "the day after it broke");
	is_text(decided(p, "{hold broken_promise from 2024-08-26 until 2024-08-26 stops none}", DUE + 5), "due 3 +5: broken +4", "its step goes before that of the ladder");
	is_text(decided(p, "{hold broken_promise from 2024-08-26 until 2024-08-26 stops none; reminder broken 1 phone raised 2024-08-27}", DUE + 5),
			"scheduled 1 +6: broken +4, changes +6", "once, and then the ladder");
	is_text(decided(p, "{hold broken_plan from 2024-08-26 until 2024-08-26 stops none}", DUE + 4), "due 5 +4: broken +4", "a plan has steps of its own");
	is_text(decided(p, "{hold plan from 2024-08-23 until 2024-09-30 released 2024-08-26 then wait; hold broken_plan from 2024-08-26 until 2024-08-26 stops none}", DUE + 4),
			"due 5 +4: broken +4", "which do not wait after its own hold");
	is_text(decided(p, "{hold broken_plan from 2024-08-26 until 2024-08-26 stops none; hold x from 2024-08-26 until 2024-08-27 then wait}", DUE + 6),
			"scheduled 5 +8: broken +4, changes +8", "but after another one");
	is_text(decided(p, "{hold broken_promise from 2024-08-26 until 2024-08-26 released 2024-08-26 stops none}", DUE + 6), "due 1 +5: due date +0", "a promise that was kept after all");
	is_text(decided(p, "{hold broken_promise from 2024-08-26 until 2024-08-26 stops none; hold promise from 2024-08-27 until 2024-08-29}", DUE + 9),
			"due 1 +5: due date +0", "the next promise takes its place");
	is_text(decided(p, "{hold broken_promise from 2024-08-26 until 2024-08-26 stops none; hold promise from 2024-08-27 until 2024-08-29; "
					"hold broken_promise from 2024-08-30 until 2024-08-30 stops none}", DUE + 9), "due 3 time 2 +9: broken +8", "and breaks, too");
	is_text(decided(p, "{hold broken_promise from 2024-08-26 until 2024-08-26 stops none; hold promise from 2024-08-27 until 2024-08-29 released 2024-08-27}", DUE + 5),
			"due 3 +5: broken +4", "one that was never made does not");
	is_text(decided(both, "{reject md01 on 2024-08-26; hold broken_promise from 2024-08-26 until 2024-08-26 stops none}", DUE + 4), "due 2 +4: rejection +4", "a rejection broke it");
	is_text(decided(both, "{reject md01 on 2024-08-26; hold broken_promise from 2024-08-26 until 2024-08-26 stops none; reminder reject 0 phone raised 2024-08-26}", DUE + 4),
			"scheduled 3 +5: broken +4, changes +5", "the other steps follow on the next day");
	is_text(decided(both, "{reject md01 on 2024-08-26; hold broken_promise from 2024-08-26 until 2024-08-26 stops none; reminder reject 0 phone raised 2024-08-26; "
					"reminder broken 0 sms raised 2024-08-27}", DUE + 5), "scheduled 1 +6: broken +4, changes +6", "and then the ladder");
}

/* What follows a rejection; the ladder goes its own way. */
static void
rejections(void)
{
	static const char *const p = "5 email; 15 letter; reject 1 phone manual; reject 4 sms; reject ac04 0 fax; wait 3";

	is_text(decided(p, "{}", DUE + 5), "due 1 +5: due date +0", "nothing was rejected");
	is_text(decided(p, "{reject am04 on 2024-08-26}", DUE + 4), "scheduled 3 +5: rejection +4, changes +5", "the day after the rejection");
	is_text(decided(p, "{reject am04 on 2024-08-26}", DUE + 5), "due 3 +5: rejection +4", "its step goes before that of the ladder");
	is_text(decided(p, "{reject am04 on 2024-08-26; reminder reject 1 phone raised 2024-08-27}", DUE + 5), "scheduled 1 +6: rejection +4, changes +6", "the ladder goes on on the day after");
	is_text(decided(p, "{reject am04 on 2024-08-26; reminder reject 1 phone raised 2024-08-27}", DUE + 6), "due 1 +6: rejection +4, changes +8", "and is not skipped");
	is_text(decided("5 email; reject 0 phone; reject 0 task", "{reject md01 on 2024-08-27; reminder reject 0 phone raised 2024-08-27}", DUE + 5), "due 3 +5: rejection +5", "the second step of the same day");
	is_text(decided("5 email; reject 0 phone; reject 0 task", "{reject md01 on 2024-08-27; reminder reject 0 phone raised 2024-08-27; reminder reject 0 task raised 2024-08-27}", DUE + 5),
			"scheduled 1 +6: rejection +5, changes +6", "both, and then the ladder");
	is_text(decided(p, "{reject am04 on 2024-08-26; reminder reject 1 phone raised 2024-08-27; reminder 5 email raised 2024-08-27}", DUE + 6),
			"scheduled 4 +8: rejection +4, changes +8", "the next step of the rejection");
	is_text(decided(p, "{reject am04 on 2024-08-26; reminder reject 1 phone raised 2024-08-27; reminder reject 4 sms raised 2024-08-30; reminder 5 email raised 2024-08-27}", DUE + 9),
			"scheduled 2 +15: due date +0, changes +15", "then the ladder");
	is_text(decided(p, "{reject ac04 on 2024-08-26}", DUE + 4), "due 5 +4: rejection +4", "the step of its code");
	is_text(decided(p, "{reject ac04 on 2024-08-26; reminder reject ac04 0 fax raised 2024-08-26}", DUE + 4), "scheduled 1 +5: due date +0, changes +5", "goes before those of any code");
	is_text(decided(p, "{reject md01 on 2024-08-26; reminder reject 1 phone raised 2024-08-27; reminder reject 4 sms raised 2024-08-30; reject md01 on 2024-09-01}", DUE + 11),
			"due 3 time 2 +11: rejection +10", "a second rejection");
	is_text(decided(p, "{reject md01 on 2024-08-26; reject ms03 on 2024-08-28}", DUE + 6), "due 1 +5: due date +0, changes +7", "the last rejection takes the place of the one before");
	is_text(decided(p, "{reject md01 on 2024-08-26; reminder reject 1 phone raised 2024-08-27 cancelled 2024-08-28}", DUE + 6), "due 3 +5: rejection +4", "a cancelled step comes again");
	is_text(decided(p, "{reject md01 on 2024-08-26 ended 2024-08-28}", DUE + 6), "due 1 +5: due date +0", "a rejection that was none");
	is_text(decided(p, "{reject md01 on 2024-08-26; hold x from 2024-08-27}", DUE + 6), "held 3 +5: hold +5", "a hold stops it");
	is_text(decided(p, "{reject md01 on 2024-08-26; hold x from 2024-08-27 stops automatic}", DUE + 6), "due 3 +5: rejection +4", "but not what a person does");
	is_text(decided(p, "{reject md01 on 2024-08-26; reminder reject 1 phone raised 2024-08-27; hold x from 2024-08-27 stops automatic; reminder 15 letter raised 2024-09-06}", DUE + 40),
			"held 4 +8: hold +5", "an automatic step of it waits");
	is_text(decided(p, "{reject md01 on 2024-08-26; reminder reject 1 phone raised 2024-08-27; hold x from 2024-08-28 until 2024-08-29 then restart}", DUE + 9),
			"due 4 +8: rejection +4", "what begins again is the ladder");
	is_text(decided(p, "{reminder 15 letter raised 2024-09-06; reject md01 on 2024-10-01}", DUE + 41), "due 3 +41: rejection +40", "after the last step of the ladder, too");
	is_text(decided("5 email; reject 0 phone; wait 30", "{reject md01 on 2024-08-26; reminder reject 0 phone raised 2024-08-26 sent 2024-08-27}", DUE + 5), "due 1 +5: due date +0",
			"the ladder does not wait for it");
	is_text(decided("5 email; reject 0 phone; wait 30", "{reminder 5 email raised 2024-08-27; reject md01 on 2024-08-28}", DUE + 6), "due 2 +6: rejection +6", "nor it for the ladder");
	is_text(decided("5 email; reject 0 phone wait 3", "{reminder 5 email raised 2024-08-27; reject md01 on 2024-08-28}", DUE + 6), "scheduled 2 +8: rejection +6, changes +8",
			"unless it says so");
}

static bool
next_event(DnReplay *replay, DnReplayed *event)
{
	while (dn_replay_next(replay, event))
		if (event->fact != NULL)
			return true;
	return false;
}

/* Some facts are noted later than their day, or before it. */
static void
note_at_random(DnFact *fact, int n)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		DnFact	   *f = &fact[i];

		f->noted += mutate_random(3) == 0 ? (int32_t) mutate_random(25) - 5 : 0;
		if (f->done_on != DN_DAY_NEVER)
			f->done_noted = f->done_on + (mutate_random(3) == 0 ? (int32_t) mutate_random(25) - 5 : 0);
		if (f->ended_on != DN_DAY_NEVER)
			f->ended_noted += mutate_random(3) == 0 ? (int32_t) mutate_random(25) - 5 : 0;
	}
}

/* What is known of facts on a day: all, or what was noted by that day. */
static void
know(const DnFacts *facts, bool as_seen, int32_t day, DnFact *known, DnFacts *found)
{
	int			i;

	*found = *facts;
	found->fact = known;
	found->n = 0;
	for (i = 0; i < facts->n; i++)
	{
		DnFact		f = facts->fact[i];

		if (as_seen && f.noted > day)
			continue;
		if (as_seen && f.done_on != DN_DAY_NEVER && f.done_noted > day)
		{
			f.done_on = DN_DAY_NEVER;
			f.how = f.kind == DN_FACT_REMINDER ? (uint8_t) DN_PENDING : f.how;
		}
		if (as_seen && f.ended_on != DN_DAY_NEVER && f.ended_noted > day)
			f.ended_on = DN_DAY_NEVER;
		known[found->n++] = f;
	}
}

/*
 * Every day in turn, by the plain decision: what a replay has to be, of all
 * facts or of those that were noted by each day.
 */
static void
replays(void)
{
	int			wrong = 0,
				raised = 0,
				withdrawn = 0,
				rejected = 0,
				several = 0;
	int			i;

	for (i = 0; i < cases(1500); i++)
	{
		static DnFact replay_room[DN_FACTS_MAX];
		static char replay_names[DN_FACTS_MAX * DN_NAME_MAX];
		static DnFact seen_room[DN_FACTS_MAX];
		static DnFact known_room[DN_FACTS_MAX];
		static DnProcedureRoom room2;
		DnProcedure p[2];
		DnFacts		facts,
					own,
					known;
		static DnFact own_room[DN_FACTS_MAX];
		DnHistory	balance,
					hand;
		int32_t		day[3],
					amount[3],
					hand_day[3],
					hand_amount[3];
		DnChange	change[2];
		DnReplay	replay;
		DnReplayed	event;
		bool		more;
		uint64_t	said,
					taken;
		int			other = 0;
		int			k;
		int32_t		today;

		random_procedure(&room, &p[0]);
		random_procedure(&room2, &p[1]);
		random_facts(&p[0], &facts, 4);
		note_at_random((DnFact *) facts.fact, facts.n);
		random_balance(day, amount, &balance);
		memset(&replay, 0, sizeof(replay));
		replay.as_seen = i % 2 == 1;
		replay.seen = seen_room;
		change[0].from = DN_DAY_EVER;
		change[0].procedure = &p[0];
		change[1].from = DUE + (int32_t) mutate_random(40);
		change[1].procedure = &p[1];
		replay.item.procedure = &p[0];
		replay.item.due_on = DUE;
		replay.item.balance = &balance;
		if (i % 3 == 0)
		{
			random_balance(hand_day, hand_amount, &hand);
			replay.item.by_hand = &hand;
		}
		replay.item.facts = &facts;
		replay.item.currency = "EUR";
		replay.change = change;
		replay.changes = 1 + (int) mutate_random(2);
		replay.from = DUE - 30 + (int32_t) mutate_random(40);
		replay.to = replay.from + 80;
		replay.fact = replay_room;
		replay.names = replay_names;
		dn_replay_begin(&replay);

		/* the model: only what was known before, and what people say */
		own.n = 0;
		own.fact = own_room;
		own.names = facts.names;
		for (k = 0; k < facts.n; k++)
			if (facts.fact[k].kind != DN_FACT_REMINDER || facts.fact[k].on_day < replay.from)
				own_room[own.n++] = facts.fact[k];
		more = next_event(&replay, &event);
		for (today = replay.from; today <= replay.to; today++)
		{
			DnItem		item = replay.item;
			DnDecision	d;

			know(&own, replay.as_seen, today, known_room, &known);
			item.facts = &known;
			item.procedure = replay.changes == 2 && today >= change[1].from ? &p[1] : &p[0];
			for (k = 0; k < own.n; k++)
			{
				DnFact	   *f = &own_room[k];
				DnWhen		when;
				int			level = 0,
							s;
				const DnHistory *asked = &balance;
				bool		known_too = !replay.as_seen || f->noted <= today;
				bool		gone = f->ended_on <= today && (!replay.as_seen || f->ended_noted <= today);
				bool		done = f->done_on <= today && (!replay.as_seen || f->done_noted <= today);

				if (f->kind != DN_FACT_REMINDER || f->on_day > today || !known_too || gone || done)
					continue;
				for (s = 0; s < dn_steps(item.procedure); s++)
				{
					dn_step_when(item.procedure, s, &when);
					if (dn_same_when(&when, &f->when) && item.procedure->step[s].channel_len == f->name_len &&
						memcmp(own.names + f->name, item.procedure->texts + item.procedure->step[s].text, f->name_len) == 0)
						level = s + 1;
				}
				if (level > 0 && item.by_hand != NULL && item.procedure->step[level - 1].manual)
					asked = &hand;
				if (level > 0 && dn_counts(&item, &f->when, f->on_day, today) && dn_step_state(&item, level, f->occurrence, today) == DN_STATE_DUE &&
					dn_history_open(asked, f->on_day) == dn_history_open(asked, today))
					continue;
				other++;
				withdrawn++;
				wrong += !more || !event.withdrawn || event.day != today;
				f->ended_on = f->ended_noted = today;
				f->done_on = f->done_noted = DN_DAY_NEVER;
				f->how = DN_PENDING;
				f->then = 1;
				know(&own, replay.as_seen, today, known_room, &known);
				more = next_event(&replay, &event);
			}
			/* all steps that are due for a rejection, of which the first decision tells, or one of the ladder */
			said = taken = 0;
			for (d.level = item.procedure->n + 1; d.level > item.procedure->n;)
			{
				know(&own, replay.as_seen, today, known_room, &known);
				dn_decide_day(&item, today, &d);
				if (d.state != DN_STATE_DUE)
					break;
				raised++;
				rejected += d.level > item.procedure->n;
				if (taken == 0)
					said = d.also | UINT64_C(1) << (d.level - 1);
				taken |= UINT64_C(1) << (d.level - 1);
				several += d.also != 0;
				wrong += !more || event.withdrawn || event.day != today || event.level != d.level || event.decision.step_on != d.step_on;
				{
					DnFact		f = {0};
					const DnStep *step = &item.procedure->step[d.level - 1];

					f.kind = DN_FACT_REMINDER;
					f.on_day = f.noted = today;
					f.done_on = f.ended_on = f.done_noted = f.ended_noted = DN_DAY_NEVER;
					f.occurrence = d.occurrence;
					dn_step_when(item.procedure, d.level - 1, &f.when);
					/* names are kept behind those of the facts */
					f.name = (uint32_t) (sizeof(name_room) - (step->channel_len == 5 ? 100 : 50));
					memcpy(name_room + f.name, item.procedure->texts + step->text, step->channel_len);
					f.name_len = step->channel_len;
					for (k = own.n++; k > 0 && own_room[k - 1].on_day > today; k--)
						own_room[k] = own_room[k - 1];
					own_room[k] = f;
				}
				more = next_event(&replay, &event);
			}
			wrong += said != taken;
			/* a run did raise the same: what became of it is known after the day */
			for (k = 0; k < own.n; k++)
			{
				DnFact	   *f = &own_room[k];
				int			q;

				if (f->kind != DN_FACT_REMINDER || f->on_day != today)
					continue;
				for (q = 0; q < facts.n; q++)
				{
					const DnFact *was = &facts.fact[q];

					if (was->kind == DN_FACT_REMINDER && was->on_day == today &&
						was->occurrence == f->occurrence && dn_same_when(&was->when, &f->when) &&
						was->name_len == f->name_len && memcmp(name_room + was->name, name_room + f->name, f->name_len) == 0)
					{
						f->how = was->how;
						f->done_on = was->done_on;
						f->done_noted = was->done_noted;
						f->ended_on = was->then ? DN_DAY_NEVER : was->ended_on;
						f->ended_noted = was->then ? DN_DAY_NEVER : was->ended_noted;
						break;
					}
				}
			}
		}
		wrong += more;
	}
	ok(rejected > 100, "steps of rejections among them (%d)", rejected);
	ok(several > 20, "and days with several of them (%d)", several);
	ok(wrong == 0 && raised > 1000 && withdrawn > 200, "a replay does what a run on every day does (%d raised, %d withdrawn, %d wrong)", raised, withdrawn, wrong);
}

/* After a hold that begins the procedure again, what was pending before it counts no more. */
static void
restarts(void)
{
	static const DnWhen ladder;
	DnFacts		facts;
	DnItem		item = {0};

	read_facts("{hold x from 2024-08-28 until 2024-08-31 then restart}", &facts);
	item.facts = &facts;
	ok(dn_counts(&item, &ladder, DUE, DUE + 9), "on the last day of the hold a reminder counts");
	ok(!dn_counts(&item, &ladder, DUE + 9, DUE + 10), "the day after it no more");
	ok(dn_counts(&item, &ladder, DUE + 10, DUE + 10), "but one of that day");
}

/* A part is held from machines only: a person asks for more. */
static void
by_hand(void)
{
	DnProcedure p;
	DnItem		item = {0};
	DnDecision	d;

	read_procedure("5 email min 60 EUR; 15 phone manual min 60 EUR; wait 3", &room, &p);
	item.procedure = &p;
	item.due_on = DUE;
	item.currency = "EUR";
	item.has_open = item.has_hand = true;
	item.open = 50;
	item.hand = 8000;
	item.hand_scale = 2;
	dn_decide(&item, 1, DUE + 20, &d);
	ok(d.state == DN_STATE_BELOW_MINIMUM && d.level == 1, "a machine asks for too little");
	item.last_level = 1;
	dn_decide(&item, 1, DUE + 20, &d);
	ok(d.state == DN_STATE_DUE && d.level == 2, "a person for enough");
	item.hand = 5999;
	dn_decide(&item, 1, DUE + 20, &d);
	ok(d.state == DN_STATE_BELOW_MINIMUM && d.level == 2, "or not");
	item.has_hand = false;
	item.open = 60;
	dn_decide(&item, 1, DUE + 20, &d);
	ok(d.state == DN_STATE_DUE && d.level == 2, "of one amount both ask for the same");
	item.has_hand = true;
	item.open = 0;
	item.hand = 6000;
	dn_decide(&item, 1, DUE + 20, &d);
	ok(d.state == DN_STATE_DUE && d.level == 2, "all that is open is held from machines, and a person asks for it");
	item.last_level = 0;
	dn_decide(&item, 1, DUE + 20, &d);
	ok(d.state == DN_STATE_HELD && d.level == 1 && d.until == DN_DAY_NEVER, "before that a machine would: it is held");
}

/* Runs on a few days only, and the last step again and again. */
static void
run_days(void)
{
	static DnFact replay_room[DN_FACTS_MAX];
	static char replay_names[DN_FACTS_MAX * DN_NAME_MAX];
	const int32_t run[] = {DUE - 1, DUE + 7, DUE + 8, DUE + 40};
	DnProcedure p;
	DnChange	change = {DN_DAY_EVER, &p};
	DnReplay	replay;
	DnReplayed	event;

	read_procedure("5 email; 15 letter; wait 3", &room, &p);
	memset(&replay, 0, sizeof(replay));
	replay.item.procedure = &p;
	replay.item.due_on = DUE;
	replay.change = &change;
	replay.changes = 1;
	replay.from = DUE;
	replay.to = DUE + 39;
	replay.run = run;
	replay.runs = 4;
	replay.fact = replay_room;
	replay.names = replay_names;
	dn_replay_begin(&replay);
	ok(next_event(&replay, &event) && event.day == DUE + 7 && event.level == 1 && !event.withdrawn, "the first run that finds it due");
	ok(!next_event(&replay, &event), "no run before the end");
	replay.to = DUE + 40;
	dn_replay_begin(&replay);
	ok(next_event(&replay, &event) && next_event(&replay, &event) && event.day == DUE + 40 && event.level == 2, "a run on the last day");
	ok(!next_event(&replay, &event) && !replay.full, "and no more");
}

int
main(void)
{
	changes();
	edges();
	states();
	rejections();
	broken();
	nothing();
	lives();
	replays();
	restarts();
	by_hand();
	run_days();
	return done_testing();
}
