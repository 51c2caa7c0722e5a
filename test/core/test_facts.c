/* test_facts.c: the facts of an item's process, of core/facts.c, and days of steps, of core/when.c */
#include "core/facts.h"

#include "mutate.h"
#include "tap.h"

static DnFact room[DN_FACTS_MAX];
static DnFact room2[DN_FACTS_MAX];

/* The facts of a text, with names in the order of the facts. */
static bool
read_facts(const char *text, size_t len, DnFact *fact, DnFacts *facts, DnError *err)
{
	char	   *names = malloc(len + 1);
	char	   *ordered = malloc(len + 1);
	bool		ok;

	if (names == NULL || ordered == NULL)
		abort();
	ok = dn_parse_facts(text, len, fact, names, facts, err);
	if (ok)
	{
		dn_fill_names(fact, facts->n, names, ordered);
		facts->names = ordered;
	}
	else
		free(ordered);
	free(names);
	return ok;
}

/* The canonical text of a text, or the place and reason of the mistake. */
static const char *
canonical(const char *text)
{
	static char buf[2000];
	DnFacts		facts;
	DnError		err;
	DnOut		out = {buf, sizeof(buf) - 1, 0};

	if (!read_facts(text, strlen(text), room, &facts, &err))
	{
		snprintf(buf, sizeof(buf), "%d: %s", (int) err.at, err.what);
		return buf;
	}
	if (!dn_facts_valid(&facts))
		return "not valid";
	dn_print_facts(&out, &facts);
	buf[out.len] = '\0';
	free((char *) facts.names);
	return buf;
}

static void
texts(void)
{
	is_text(canonical(" { } "), "{}", "no facts");
	is_text(canonical("{HOLD Dispute FROM 2026-01-10; reminder 5 days Email raised 2026-01-06 sent 2026-01-07}"),
			"{reminder 5 email raised 2026-01-06 sent 2026-01-07; hold dispute from 2026-01-10}", "facts in the order of their days");
	is_text(canonical("{reminder 1 month end of month + 2 letter time 3 raised 2026-01-06 skipped 2026-01-06 cancelled 2026-01-08}"),
			"{reminder 1 month end of month + 2 letter time 3 raised 2026-01-06 skipped 2026-01-06 cancelled 2026-01-08}", "all of a reminder");
	is_text(canonical("{reminder 2 months + 5 days letter raised 2026-01-06 withdrawn 2026-01-08}"),
			"{reminder 2 months + 5 letter raised 2026-01-06 withdrawn 2026-01-08}", "a reminder that a run withdrew");
	is_text(canonical("{hold x from 2026-01-10 until 2026-02-10 released 2026-02-01 stops automatic then restart}"),
			"{hold x from 2026-01-10 until 2026-02-10 released 2026-02-01 stops automatic then restart}", "all of a hold");
	is_text(canonical("{hold x from 2026-01-10 stops all then continue}"), "{hold x from 2026-01-10}", "what is the default is not said");
	is_text(canonical("{handover agency on 2026-01-10 ended 2026-01-10}"), "{handover agency on 2026-01-10 ended 2026-01-10}", "a handover");
	is_text(canonical("{reject AC04 on 2026-10-05; reject unknown on 2026-10-05 noted 2026-10-07 ended 2026-10-08}"),
			"{reject ac04 on 2026-10-05; reject unknown on 2026-10-05 noted 2026-10-07 ended 2026-10-08}", "rejections");
	is_text(canonical("{reminder reject AC04 1 days Phone time 2 raised 2026-10-06; reminder reject 0 phone raised 2026-10-06; reminder 0 phone raised 2026-10-06}"),
			"{reminder 0 phone raised 2026-10-06; reminder reject 0 phone raised 2026-10-06; reminder reject ac04 1 phone time 2 raised 2026-10-06}", "and their reminders");
	is_text(canonical("{reminder reject abcdefghi 1 phone raised 2026-10-06}"), "17: the code of a rejection has at most 8 letters, digits and _", "a long code");
	is_text(canonical("{reminder reject -1 phone raised 2026-10-06}"), "17: a number of days from 0 to 3650 after the rejection was expected", "no day before it");
	is_text(canonical("{reject on 2026-10-06}"), "11: \"on\" and a day were expected", "no code");
	is_text(canonical("{reminder 5 email raised 2026-01-06 NOTED 2026-01-08 sent 2026-01-07 noted 2026-01-09 cancelled 2026-01-10 noted 2026-01-11}"),
			"{reminder 5 email raised 2026-01-06 noted 2026-01-08 sent 2026-01-07 noted 2026-01-09 cancelled 2026-01-10 noted 2026-01-11}", "a reminder of which all was noted later");
	is_text(canonical("{reminder 5 noted raised 2026-01-06 noted 2026-01-06 skipped 2026-01-07 noted 2026-01-07 withdrawn 2026-01-08 noted 2026-01-08}"),
			"{reminder 5 noted raised 2026-01-06 skipped 2026-01-07 withdrawn 2026-01-08}", "what was noted on its day does not say so");
	is_text(canonical("{hold x from 2026-01-10 noted 2026-01-05 until 2026-02-10 noted 2026-01-05 released 2026-01-20 noted 2026-01-25}"),
			"{hold x from 2026-01-10 noted 2026-01-05 until 2026-02-10 released 2026-01-20 noted 2026-01-25}", "a hold that was noted before, with its last day");
	is_text(canonical("{hold x from 2026-01-10 until 2026-02-10 noted 2026-02-10}"), "{hold x from 2026-01-10 until 2026-02-10 noted 2026-02-10}", "a last day that was said later");
	is_text(canonical("{handover a on 2026-01-10 noted 2026-01-12 ended 2026-01-15 noted 2026-01-16}"), "{handover a on 2026-01-10 noted 2026-01-12 ended 2026-01-15 noted 2026-01-16}", "a handover that was noted later");
	is_text(canonical("{hold x from 2026-01-10 noted}"), "29: a day of the years 0001 to 9999 written YYYY-MM-DD was expected", "noted without a day");
	is_text(canonical("{hold x from 2026-01-10 noted infinity}"), "30: a day of the years 0001 to 9999 written YYYY-MM-DD was expected", "noted for ever");
	is_text(canonical("{hold b from 2026-01-10; hold a from 2026-01-10; reminder 5 z raised 2026-01-10; reminder -3 z raised 2026-01-10}"),
			"{reminder -3 z raised 2026-01-10; reminder 5 z raised 2026-01-10; hold a from 2026-01-10; hold b from 2026-01-10}", "facts of one day have an order");
	is_text(canonical("reminder"), "0: \"{\" was expected", "no brace");
	is_text(canonical("{promise x}"), "1: reminder, hold, handover or reject was expected", "no such kind");
	is_text(canonical("{hold x}"), "7: \"from\" and a day were expected", "no day");
	is_text(canonical("{hold x from 2026-02-30}"), "13: the calendar has no such day", "no such day");
	is_text(canonical("{hold x from 2026-02-10 until 2026-02-09}"), "1: the days of a fact must be in order, and from the years 0001 to 9999", "days in the wrong order");
	is_text(canonical("{reminder 5 email raised 2026-02-10 sent 2026-02-09}"), "1: the days of a fact must be in order, and from the years 0001 to 9999", "sent before it was raised");
	is_text(canonical("{hold x from 2026-02-10 stops some}"), "30: none, automatic or all was expected", "no such word");
	is_text(canonical("{hold x from 2026-02-10 hold}"), "24: \";\" or \"}\" was expected", "two facts without a semicolon");
	is_text(canonical("{reminder 5 email time 1 raised 2026-02-10}"), "23: a number from 2 to 100000 was expected", "the first time is not said");
	is_text(canonical("{} x"), "3: the end was expected", "text behind it");
}

static int32_t
day(int32_t year, int month, int dom)
{
	int32_t		d = 0;

	(void) dn_day_from_civil(year, month, dom, &d);
	return d;
}

/* The day of a step, for one due date. */
static int32_t
when(const char *text, int32_t due_on)
{
	DnScan		s;
	DnWhen		w;

	dn_scan_init(&s, text, strlen(text));
	if (!dn_scan_when(&s, DN_WHEN_DAYS_MAX, &w) || !dn_at_end(&s) || !dn_when_valid(&w))
		return INT32_MIN;
	return dn_when_day(&w, due_on);
}

static void
days(void)
{
	is_int(when("5", day(2026, 1, 31)), day(2026, 2, 5), "days");
	is_int(when("-3 days", day(2026, 1, 1)), day(2025, 12, 29), "days before");
	is_int(when("1 month", day(2026, 1, 15)), day(2026, 2, 15), "a month");
	is_int(when("1 month", day(2026, 1, 30)), day(2026, 2, 28), "a month that is shorter");
	is_int(when("1 month", day(2026, 2, 28)), day(2026, 3, 31), "ends of months stay ends of months");
	is_int(when("12 months", day(2024, 2, 29)), day(2025, 2, 28), "a year");
	is_int(when("1 month + 5", day(2026, 1, 15)), day(2026, 2, 20), "a month and days");
	is_int(when("end of month", day(2026, 2, 1)), day(2026, 2, 28), "the end of the month");
	is_int(when("1 month end of month + 2", day(2026, 1, 3)), day(2026, 3, 2), "days after the end of the next month");
	is_int(when("10 days end of month", day(2026, 1, 25)), day(2026, 2, 28), "the end of the month of a later day");
	is_int(when("120 months", DN_DAY_LAST), DN_DAY_NEVER, "after the calendar");
	is_int(when("1 month", DN_DAY_NEVER), DN_DAY_NEVER, "of an item that is never due");
	is_int(when("0 months", 0), INT32_MIN, "no month");
	is_int(when("end of the month", 0), INT32_MIN, "an article");
	is_int(when("400001", 0), INT32_MIN, "too many days");
}

static void
mutations(void)
{
	static const char *const seeds[] = {
		"{reminder 5 email raised 2026-01-06 sent 2026-01-07; hold dispute from 2026-01-10 until 2026-02-10 released 2026-02-01}",
		"{reminder 1 month end of month + 2 letter time 3 raised 2026-01-06 skipped 2026-01-06 cancelled 2026-01-08}",
		"{hold x from 2026-01-10 stops automatic then restart; hold y from 2026-01-01 stops none then wait}",
		"{handover a on 2026-01-10 ended 2026-01-11; reminder 5 b raised 2026-01-06 withdrawn 2026-01-07}",
		"{hold x from 2026-01-10 noted 2026-01-05 until 2026-02-10 noted 2026-01-12 released 2026-01-20 noted 2026-01-25; reminder 5 b raised 2026-01-06 noted 2026-01-07}"
	};
	int			accepted = 0,
				wrong = 0;
	int			i;

	for (i = 0; i < cases(50000); i++)
	{
		size_t		len,
					out_len,
					again_len;
		char	   *text = mutate(seeds[i % 5], &len);
		DnFacts		facts,
					again;
		DnError		err = {DN_OK, 0, NULL};

		if (read_facts(text, len, room, &facts, &err))
		{
			char	   *out = printed(dn_print_facts, &facts, &out_len);

			accepted++;
			if (!dn_facts_valid(&facts) || !read_facts(out, out_len, room2, &again, &err))
				wrong++;
			else
			{
				char	   *out2 = printed(dn_print_facts, &again, &again_len);

				wrong += out_len != again_len || memcmp(out, out2, out_len) != 0 || facts.n != again.n ||
					memcmp(facts.fact, again.fact, (size_t) facts.n * sizeof(DnFact)) != 0;
				free(out2);
				free((char *) again.names);
			}
			free(out);
			free((char *) facts.names);
		}
		else
			wrong += err.code == DN_OK || err.at > len || err.what == NULL;
		free(text);
	}
	ok(wrong == 0 && accepted > 5000 && accepted < 45000, "mutated facts are refused with a reason or read back (%d accepted, %d wrong)", accepted, wrong);
}

/* The order of arrival leaves no trace. */
static void
orders(void)
{
	static const char *const fact[] = {
		"reminder 5 email raised 2026-01-06 sent 2026-01-07", "reminder 5 email time 2 raised 2026-01-06", "hold a from 2026-01-06",
		"hold ab from 2026-01-06", "handover a on 2026-01-05", "reminder 5 email raised 2026-01-06 sent 2026-01-08", "hold a from 2026-01-06 stops none"
	};
	char		first[2000] = "";
	int			wrong = 0;
	int			i;

	for (i = 0; i < 2000; i++)
	{
		int			order[7] = {0, 1, 2, 3, 4, 5, 6};
		char		text[2000] = "{";
		int			k;

		for (k = 0; k < 7; k++)
		{
			int			other = k + (int) mutate_random((uint64_t) (7 - k));
			int			x = order[k];

			order[k] = order[other];
			order[other] = x;
			strcat(text, k == 0 ? "" : ";");
			strcat(text, fact[order[k]]);
		}
		strcat(text, "}");
		if (i == 0)
			strcpy(first, canonical(text));
		wrong += strcmp(first, canonical(text)) != 0;
	}
	ok(wrong == 0 && strlen(first) > 100, "facts in any order are the same value");
}

/* What a stored value must not hold. */
static void
invalid(void)
{
	DnFact		fact[2];
	DnFacts		facts = {2, 2, fact, "ab"};

	memset(fact, 0, sizeof(fact));
	fact[0].kind = fact[1].kind = DN_FACT_HOLD;
	fact[0].done_on = fact[1].done_on = fact[0].ended_on = fact[1].ended_on = DN_DAY_NEVER;
	fact[0].done_noted = fact[1].done_noted = fact[0].ended_noted = fact[1].ended_noted = DN_DAY_NEVER;
	fact[0].name_len = fact[1].name_len = 1;
	fact[1].name = 1;
	ok(dn_facts_valid(&facts), "two holds");
	facts.names = "ba";
	ok(!dn_facts_valid(&facts), "in the wrong order");
	facts.names = "aB";
	ok(!dn_facts_valid(&facts), "a name in capitals");
	facts.names = "ab";
	facts.names_len = 3;
	ok(!dn_facts_valid(&facts), "bytes behind the names");
	facts.names_len = 2;
	fact[1].name = 0;
	ok(!dn_facts_valid(&facts), "a name of another fact");
	fact[1].name = 1;
	fact[1].occurrence = 1;
	ok(!dn_facts_valid(&facts), "a hold that occurs");
	fact[1].occurrence = 0;
	fact[1].how = 3;
	ok(!dn_facts_valid(&facts), "a hold that stops what nobody knows");
	fact[1].how = 0;
	fact[1].ended_noted = 0;
	ok(!dn_facts_valid(&facts), "an end that was noted and is not there");
	fact[1].ended_noted = DN_DAY_NEVER;
	fact[1].noted = DN_DAY_EVER;
	ok(!dn_facts_valid(&facts), "noted at no time");
	fact[1].noted = 0;
	fact[1].kind = 4;
	ok(!dn_facts_valid(&facts), "a fact of no kind");
	facts.n = -1;
	ok(!dn_facts_valid(&facts), "less than none");
}

/* What was known of facts on a day. */
static const char *
known(const char *text, int32_t on)
{
	static char buf[2000];
	DnFacts		facts,
				seen;
	DnError		err;
	DnOut		out = {buf, sizeof(buf) - 1, 0};

	if (!read_facts(text, strlen(text), room, &facts, &err))
		return "not read";
	dn_see_facts(&facts, on, room2, &seen);
	dn_print_facts(&out, &seen);
	buf[out.len] = '\0';
	free((char *) facts.names);
	return buf;
}

static void
sights(void)
{
	static const char *const text = "{hold a from 2026-01-10 noted 2026-01-15 until 2026-02-10 noted 2026-01-20 released 2026-01-18 noted 2026-01-25; "
		"reminder 5 email raised 2026-01-12 sent 2026-01-13 noted 2026-01-16 withdrawn 2026-01-14 noted 2026-01-17}";

	is_text(known(text, day(2026, 1, 11)), "{}", "nothing is noted");
	is_text(known(text, day(2026, 1, 12)), "{reminder 5 email raised 2026-01-12}", "what was noted on its day");
	is_text(known(text, day(2026, 1, 15)), "{hold a from 2026-01-10 noted 2026-01-15; reminder 5 email raised 2026-01-12}", "a hold is noted, without an end");
	is_text(known(text, day(2026, 1, 16)), "{hold a from 2026-01-10 noted 2026-01-15; reminder 5 email raised 2026-01-12 sent 2026-01-13 noted 2026-01-16}", "it was sent");
	is_text(known(text, day(2026, 1, 24)), "{hold a from 2026-01-10 noted 2026-01-15 until 2026-02-10 noted 2026-01-20; "
			"reminder 5 email raised 2026-01-12 sent 2026-01-13 noted 2026-01-16 withdrawn 2026-01-14 noted 2026-01-17}", "its last day is noted");
	is_text(known(text, day(2026, 1, 25)), text, "all is noted");
	is_text(known("{hold a from 2026-01-10 noted 2026-01-05 until 2026-02-10}", day(2026, 1, 5)), "{hold a from 2026-01-10 noted 2026-01-05 until 2026-02-10}",
			"a hold that is noted before it begins has its last day");
}

int
main(void)
{
	texts();
	sights();
	days();
	orders();
	invalid();
	mutations();
	return done_testing();
}
