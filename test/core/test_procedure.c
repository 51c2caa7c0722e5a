/* test_procedure.c: dunning procedures of core/procedure.c */
#include "core/procedure.h"

#include "mutate.h"
#include "tap.h"

static DnProcedureRoom room;
static DnProcedureRoom room2;

static void
mutations(void)
{
	static const char *const seeds[] = {
		"-3 email \"Alert\"; 5 email; 15 letter \"Form\"\"al\" fee 15.00 EUR min 50.00 EUR wait 7 manual; wait 3; mode jump",
		"9 days days_ repeat 5 days; wait 9 days", "5 email; 10 phone; 15 registered_letter \"Mise en demeure\" manual; mode stepwise", "+0 sms", "-36500 a; 36500 b wait 3650",
		"end of month email; 1 month + 3 days letter fee 15 EUR, 16 USD + 2.5%; 2 months end of month + 5 phone min 5 EUR, 6 USD, 7 CHF; after 7 sms repeat every 30 days",
		"30 days end of month email fee 2.5% min 1 EUR; after 9 days letter manual fee 1 EUR; 120 months a repeat 3; following business day; mode jump; wait 5",
		"5 email; 15 letter repeat 30; reject 1 phone \"Call\" manual fee 5 EUR; reject AC04 0 days email min 5 EUR, 6 USD wait 3; reject ac04 7 letter; wait 3; mode jump",
		"5 email; reject 1 phone; broken promise 1 days phone \"Call\" manual; broken plan 0 letter fee 5 EUR; broken 3 sms wait 3; by customer; level each",
		"5 email min 10 EUR, 12 USD and 2.5%; 15 letter min 10% fee 5 EUR + 1%; reject 1 phone min 3 EUR; by customer; level lowest; wait 9",
		"-3 email; 5 email min 0.5% manual; mode jump; by customer; following business day; level each"
	};
	const int	n = (int) (sizeof(seeds) / sizeof(seeds[0]));
	int			accepted = 0,
				wrong = 0;
	int			i;

	for (i = 0; i < 200000; i++)
	{
		size_t		len,
					out_len,
					again_len;
		char	   *text = mutate(seeds[i % n], &len);
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

				wrong += p.by != again.by;
				wrong += out_len != again_len || memcmp(out, out2, out_len) != 0 || p.n != again.n || p.events != again.events ||
					p.wait != again.wait || p.jump != again.jump || p.business != again.business || p.n_amounts != again.n_amounts ||
					memcmp(p.amount, again.amount, (size_t) p.n_amounts * sizeof(DnAmount)) != 0 || !dn_procedure_valid(&p) ||
					memcmp(p.step, again.step, (size_t) dn_steps(&p) * sizeof(DnStep)) != 0 ||
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

static int32_t
day_of(const char *text)
{
	DnScan		s;
	int32_t		day;

	dn_scan_init(&s, text, strlen(text));
	return dn_date(&s, &day) ? day : DN_DAY_EVER;
}

static bool
read_text(const char *text, DnProcedure *p, DnError *err)
{
	return dn_parse_procedure(text, strlen(text), &room, p, err);
}

static void
canonical_is(const char *text, const char *canonical)
{
	DnProcedure p;
	DnError		err;
	size_t		len;
	char	   *out;

	if (!read_text(text, &p, &err))
	{
		ok(false, "\"%s\" is refused at %zu: %s", text, err.at, err.what);
		return;
	}
	out = printed(dn_print_procedure, &p, &len);
	ok(len == strlen(canonical) && memcmp(out, canonical, len) == 0, "\"%s\" is \"%.*s\"", text, (int) len, out);
	free(out);
}

static void
refused(const char *text, DnCode code, size_t at, const char *word)
{
	DnProcedure p;
	DnError		err = {DN_OK, 0, ""};

	ok(!read_text(text, &p, &err) && err.code == code && err.at == at && strstr(err.what, word) != NULL,
	   "\"%s\" is refused at %zu: %s", text, err.at, err.what);
}

static void
texts(void)
{
	canonical_is("5 days email; 6 day sms", "5 email; 6 sms");
	canonical_is("1 month email; 2 Months + 3 days letter", "1 month email; 2 months + 3 letter");
	canonical_is("End Of Month email; 1month end of month+5 letter", "end of month email; 1 month end of month + 5 letter");
	canonical_is("0 days end of month email; 30 days end of month sms", "end of month email; 30 days end of month sms");
	canonical_is("5 end \"x\"; 7 days end; 1 month end \"of\"; 2 months months_", "5 end \"x\"; 7 end; 1 month end \"of\"; 2 months months_");
	canonical_is("5 after; after 7 days after; AFTER 1 of", "5 after; after 7 after; after 1 of");
	canonical_is("5 a repeat every 30 days", "5 a repeat 30");
	canonical_is("5 a manual repeat 1 day wait 3 days min 1 EUR fee 2 EUR", "5 a fee 2.00 EUR min 1.00 EUR wait 3 repeat 1 manual");
	canonical_is("5 repeat repeat 3", "5 repeat repeat 3");
	canonical_is("5 a fee 2.50%", "5 a fee 2.5%");
	canonical_is("5 a fee 0.0001 %; 6 b fee 100.0000%", "5 a fee 0.0001%; 6 b fee 100%");
	canonical_is("5 a min 5 USD, 4 EUR, 3 CHF fee 16 usd,15 eur+2%", "5 a fee 16.00 USD, 15.00 EUR + 2% min 5.00 USD, 4.00 EUR, 3.00 CHF");
	canonical_is("5 a repeat 3; reject 1 days Phone; REJECT AC04 0 email \"Cheque\" manual wait 3", "5 a repeat 3; reject 1 phone; reject ac04 0 email \"Cheque\" wait 3 manual");
	canonical_is("5 reject; reject reject 0 reject", "5 reject; reject reject 0 reject");
	canonical_is("5 a; BROKEN PROMISE 1 days Phone; broken plan 0 email; reject 2 b; broken 3 sms", "5 a; broken promise 1 phone; broken plan 0 email; reject 2 b; broken 3 sms");
	canonical_is("5 broken; broken 0 broken; reject broken 0 plan", "5 broken; broken 0 broken; reject broken 0 plan");
	canonical_is("5 a; Following Business Day; mode jump", "5 a; mode jump; following business day");

	canonical_is("5 a min 10.0% repeat 3; By Customer", "5 a min 10% repeat 3; by customer");
	canonical_is("5 a min 10 eur and 2.50 %; level Lowest; by customer; wait 3", "5 a min 10.00 EUR and 2.5%; wait 3; by customer; level lowest");
	canonical_is("5 by; 6 level; by customer; level highest", "5 by; 6 level; by customer");
	canonical_is("5 a; level each; by customer", "5 a; by customer; level each");

	canonical_is("5 a; by customer, level each; wait 2", "5 a; wait 2; by customer; level each");
	refused("5 a; by customer, highest", DN_SYNTAX, 18, "the level was expected");
	refused("5 a; by customer, level each; level each", DN_SYNTAX, 30, "at most once");
	refused("5 a; by customer level each", DN_SYNTAX, 17, "\";\" or the end");
	refused("5 a min 10%", DN_SYNTAX, 11, "needs \"by customer\"");
	refused("5 a; level each", DN_SYNTAX, 15, "needs \"by customer\"");
	refused("5 a; by item", DN_SYNTAX, 8, "by customer");
	refused("5 a; by customer; level any", DN_SYNTAX, 24, "highest, lowest or each");
	refused("5 a; by customer; by customer", DN_SYNTAX, 18, "at most once");
	refused("5 a; by customer; level each; level each", DN_SYNTAX, 30, "at most once");
	refused("5 a min 0%; by customer", DN_RANGE, 8, "above 0");
	refused("5 a min 101%; by customer", DN_RANGE, 8, "at most 100");
	refused("5 a min 1 EUR and; by customer", DN_SYNTAX, 17, "percentage");
	refused("5 a min 5% min 6 EUR; by customer", DN_SYNTAX, 11, "at most once");
	refused("5 a; reject 1 phone min 5%; by customer", DN_SYNTAX, 20, "no minimum in percent");
	refused("after 7 a", DN_SYNTAX, 0, "first step");
	refused("reject 1 phone", DN_SYNTAX, 0, "must be the first one");
	refused("5 a; reject 1 phone; 6 b", DN_SYNTAX, 21, "must be the last ones");
	refused("5 a; reject 1 phone repeat 3", DN_SYNTAX, 20, "cannot repeat");
	refused("5 a; reject 2 b; reject 1 c", DN_SYNTAX, 17, "order of their days");
	refused("5 a; reject 1 b; reject 1 b", DN_SYNTAX, 26, "different channels");
	refused("5 a; reject abcdefghi 1 b", DN_LIMIT, 12, "at most 8");
	refused("5 a; reject 3651 b", DN_RANGE, 12, "0 to 3650");
	refused("5 a; reject ac04 b", DN_SYNTAX, 17, "number of days");
	refused("5 a; broken x 1 b", DN_SYNTAX, 12, "promise, plan or a number of days");
	refused("5 a; broken promise plan 1 b", DN_SYNTAX, 20, "number of days");
	refused("5 a; broken promise 3651 b", DN_RANGE, 20, "0 to 3650");
	refused("broken 1 b", DN_SYNTAX, 0, "must be the first one");
	refused("5 a; broken 1 b; 6 c", DN_SYNTAX, 17, "must be the last ones");
	refused("5 a; broken plan 2 b; broken plan 1 c", DN_SYNTAX, 22, "order of their days");
	refused("5 a; broken 1 b min 5%; by customer", DN_SYNTAX, 16, "no minimum in percent");
	refused("5 a; after 0 b", DN_RANGE, 11, "1 to 3650");
	refused("5 a; after b", DN_SYNTAX, 11, "number of days");
	refused("0 months a", DN_RANGE, 0, "months from 1 to 120");
	refused("121 months a", DN_RANGE, 0, "months from 1 to 120");
	refused("-1 month a", DN_RANGE, 0, "months from 1 to 120");
	refused("-1 days end of month a", DN_RANGE, 0, "below 0");
	refused("end of month + 0 a", DN_RANGE, 15, "1 to 36500");
	refused("end of month + -5 a", DN_RANGE, 15, "1 to 36500");
	refused("1 month + a", DN_SYNTAX, 10, "number of days");
	refused("5 + 3 a", DN_SYNTAX, 2, "channel");
	refused("5 days", DN_SYNTAX, 6, "channel");
	refused("5 days days", DN_SYNTAX, 7, "not called");
	refused("1 month Months", DN_SYNTAX, 8, "not called");
	refused("end of months a", DN_SYNTAX, 0, "number of days");
	refused("5 a repeat 3; 9 b", DN_SYNTAX, 14, "repeats");
	refused("5 a repeat 3 repeat 4", DN_SYNTAX, 13, "at most once");
	refused("5 a repeat 0", DN_RANGE, 11, "1 to 3650");
	refused("5 a fee 2% + 3 EUR", DN_SYNTAX, 11, "was expected");
	refused("5 a fee 0%", DN_RANGE, 8, "percentage");
	refused("5 a fee 100.0001%", DN_RANGE, 8, "percentage");
	refused("5 a fee 2.00001%", DN_RANGE, 8, "percentage");
	refused("5 a fee 3 EUR + 2", DN_SYNTAX, 17, "%");
	refused("5 a fee 3 EUR, 4 EUR", DN_SYNTAX, 15, "once only");
	refused("5 a min 3 EUR,", DN_SYNTAX, 14, "amount");
	refused("5 a fee 3 EUR fee 2%", DN_SYNTAX, 14, "at most once");
	refused("5 a min 2%", DN_SYNTAX, 10, "by customer");
	refused("5 a; following day", DN_SYNTAX, 15, "following business day");
	refused("5 a; following business day; following business day", DN_SYNTAX, 29, "at most once");

	/* the order is proved for every due date */
	refused("30 a; 1 month b", DN_SYNTAX, 6, "order");
	refused("1 month a; 30 b", DN_SYNTAX, 11, "order");
	refused("end of month a; 29 b", DN_SYNTAX, 16, "order");
	refused("1 a; end of month b", DN_SYNTAX, 5, "order");
	refused("end of month + 2 a; 1 month b", DN_SYNTAX, 20, "order");
	refused("30 days end of month a; after 5 b; 60 days end of month c", DN_SYNTAX, 35, "order");
	refused("end of month + 29 a; 1 month end of month b", DN_SYNTAX, 21, "order");
	refused("5 a; after 7 b; 11 c", DN_SYNTAX, 16, "order");
	refused("end of month a; after 29 b; 1 month end of month c", DN_SYNTAX, 28, "order");
	canonical_is("28 a; 1 month b; 31 c; 59 d; 2 months e; 62 f", "28 a; 1 month b; 31 c; 59 d; 2 months e; 62 f");
	canonical_is("-5 a; 0 b; end of month c; 1 month d; 1 month end of month e", "-5 a; 0 b; end of month c; 1 month d; 1 month end of month e");
	canonical_is("end of month + 28 a; 1 month end of month b; 2 months + 1 c", "end of month + 28 a; 1 month end of month b; 2 months + 1 c");
	canonical_is("end of month + 1 a; 1 month b", "end of month + 1 a; 1 month b");
	canonical_is("15 days end of month a; 30 days end of month b; after 5 c; 60 days end of month + 5 d",
				 "15 days end of month a; 30 days end of month b; after 5 c; 60 days end of month + 5 d");
	canonical_is("5 a; after 7 b; 12 c; after 2 d; 1 month e", "5 a; after 7 b; 12 c; after 2 d; 1 month e");
}

static void
most_currencies(void)
{
	DnProcedure p;
	DnError		err;
	char		text[1000] = "5 a fee ";
	int			i;

	for (i = 0; i <= DN_AMOUNTS_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s1 A%c%c", i == 0 ? "" : ", ", 'A' + i / 26, 'A' + i % 26);
	ok(!read_text(text, &p, &err) && err.code == DN_LIMIT, "33 currencies are too many");
	text[strlen(text) - strlen(", 1 ABG")] = '\0';
	ok(read_text(text, &p, &err) && p.n_amounts == 32, "32 are not");
}

/* One step's day for some due dates */
static void
days_of(void)
{
	static const struct
	{
		const char *step,
				   *due_on,
				   *on;
	}			good[] = {
		{"5", "2026-02-26", "2026-03-03"}, {"-3", "2026-03-01", "2026-02-26"},
		{"1 month", "2026-01-15", "2026-02-15"}, {"1 month", "2026-01-30", "2026-02-28"}, {"1 month", "2026-01-31", "2026-02-28"},
		{"1 month", "2026-02-28", "2026-03-31"}, {"1 month", "2024-02-28", "2024-03-28"}, {"1 month", "2024-02-29", "2024-03-31"},
		{"1 month", "2026-04-30", "2026-05-31"}, {"1 month", "2026-04-29", "2026-05-29"}, {"2 months", "2026-12-31", "2027-02-28"},
		{"12 months", "2024-02-29", "2025-02-28"}, {"1 month + 5", "2026-01-31", "2026-03-05"}, {"120 months", "2026-06-15", "2036-06-15"},
		{"end of month", "2026-02-01", "2026-02-28"}, {"end of month", "2026-03-31", "2026-03-31"}, {"end of month + 5", "2026-12-10", "2027-01-05"},
		{"1 month end of month", "2026-01-30", "2026-02-28"}, {"1 month end of month + 10", "2026-02-28", "2026-04-10"},
		{"30 days end of month", "2026-01-01", "2026-01-31"}, {"30 days end of month", "2026-01-02", "2026-02-28"},
		{"10 days end of month + 3", "2026-01-25", "2026-03-03"}, {"3 months end of month", "2025-11-30", "2026-02-28"},
		{"1 month", "9999-12-31", NULL}
	};
	DnStepDay	day[DN_STEPS_MAX];
	DnProcedure p;
	DnError		err;
	char		text[100];
	size_t		i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		int32_t		on = good[i].on != NULL ? day_of(good[i].on) : day_of("9999-12-31") + 31;

		snprintf(text, sizeof(text), "%s letter", good[i].step);
		if (!read_text(text, &p, &err))
		{
			ok(false, "%s", text);
			continue;
		}
		dn_step_days(&p, day_of(good[i].due_on), day);
		ok(day[0].on == on, "%s after %s", good[i].step, good[i].due_on);
	}

	if (!read_text("-10 a manual; after 3 b; after 9 c wait 20; 1 month d; after 30 e repeat 15; wait 2", &p, &err))
		ok(false, "%s", err.what);
	dn_step_days(&p, day_of("2026-01-31"), day);
	ok(day[0].on == day_of("2026-01-21") && day[3].on == day_of("2026-02-28"), "own days");
	ok(day[1].on == day_of("2026-01-24") && day[2].on == day_of("2026-02-02") && day[4].on == day_of("2026-03-30"), "planned days of steps that follow");
	ok(!day[0].follows && day[1].follows && day[2].follows && !day[3].follows && day[4].follows, "they say so");
	ok(day[0].after == 0 && day[1].after == 3 && day[2].after == 9 && day[3].after == 0 && day[4].after == 30, "and how long after");
	ok(day[0].before_due && day[1].before_due && !day[2].before_due && !day[3].before_due && !day[4].before_due, "two are planned before the due date");
	ok(day[0].wait == 2 && day[2].wait == 20 && day[3].wait == 2, "waits");
	ok(day[3].repeat == 0 && day[4].repeat == 15, "the last one repeats");
	ok(day[0].manual && !day[1].manual && !day[0].below && !day[4].below, "manual, and nothing is below");

	if (!read_text("end of month a; 1 month + 5 b; 60 days end of month + 36500 c; after 3650 d", &p, &err))
		ok(false, "%s", err.what);
	dn_step_days(&p, DN_DAY_NEVER, day);
	ok(day[0].on == DN_DAY_NEVER && day[1].on == DN_DAY_NEVER && day[2].on == DN_DAY_NEVER, "a due date that never comes");
	dn_step_days(&p, DN_DAY_EVER, day);
	ok(day[0].on == DN_DAY_EVER && day[1].on == DN_DAY_EVER && day[2].on == DN_DAY_EVER, "and one that always was");
	dn_step_days(&p, DN_DAY_LAST, day);
	ok(day[0].on == DN_DAY_LAST && day[1].on == DN_DAY_NEVER && day[2].on == DN_DAY_NEVER, "the calendar ends");
	dn_step_days(&p, DN_DAY_FIRST, day);
	ok(day[0].on == DN_DAY_FIRST + 6 && day[1].on == DN_DAY_FIRST + 35, "the calendar begins on 24 November of 4714 BC");
}

/* The day of a month's rule by counting day after day, for the tests below */
static int32_t
counted_day(int32_t due_on, int months, int days, bool end, int plus)
{
	int32_t		day = due_on + (months == 0 ? days : 0);
	int32_t		year;
	int			month,
				dom,
				want,
				length;

	if (months == 0 && !end)
		return day;
	dn_civil(day, &year, &month, &want);
	length = dn_month_length(year, month);
	if (end || want == length)
		want = 31;
	/* to the first of the month, and so many months on */
	dn_civil(day, &year, &month, &dom);
	for (day -= dom - 1; months > 0; months--)
	{
		dn_civil(day, &year, &month, &dom);
		day += dn_month_length(year, month);
		if (months == 1)
			plus += days;
	}
	dn_civil(day, &year, &month, &dom);
	length = dn_month_length(year, month);
	return day + (want < length ? want : length) - 1 + plus;
}

typedef struct Rule
{
	int			months,
				days,
				plus;
	bool		end;
	char		text[60];
} Rule;

static Rule
random_rule(bool small)
{
	Rule		r;

	memset(&r, 0, sizeof(r));
	switch (mutate_random(small ? 3 : 4))
	{
		case 0:
			r.days = (int) mutate_random(small ? 70 : 4000) - 5;
			snprintf(r.text, sizeof(r.text), "%d", r.days);
			return r;
		case 1:
			r.months = 1 + (int) mutate_random(small ? 4 : DN_MONTHS_MAX);
			r.days = mutate_random(2) ? 1 + (int) mutate_random(35) : 0;
			snprintf(r.text, sizeof(r.text), r.days > 0 ? "%d months + %d" : "%d months", r.months, r.days);
			return r;
		case 2:
			r.months = (int) mutate_random(small ? 4 : DN_MONTHS_MAX + 1);
			snprintf(r.text, sizeof(r.text), r.months > 0 ? "%d months end of month" : "end of month", r.months);
			break;
		default:
			r.days = 1 + (int) mutate_random(200);
			snprintf(r.text, sizeof(r.text), "%d days end of month", r.days);
	}
	r.end = true;
	r.plus = mutate_random(2) ? 1 + (int) mutate_random(35) : 0;
	if (r.plus > 0)
		snprintf(r.text + strlen(r.text), sizeof(r.text) - strlen(r.text), " + %d", r.plus);
	return r;
}

static int32_t
rule_day(const Rule *r, int32_t due_on)
{
	return counted_day(due_on, r->months, r->days, r->end, r->plus);
}

/*
 * Two steps are accepted only if no due date has them the other way round.  Of
 * those that are refused a few have none, either.
 */
static void
order(bool small)
{
	const int	n = cases(small ? 1000 : 400);
	int			unsound = 0,
				accepted = 0,
				needless = 0,
				other_day = 0;
	int			i;

	for (i = 0; i < n; i++)
	{
		Rule		a = random_rule(small);
		Rule		b = random_rule(small);
		char		text[200];
		DnProcedure p;
		DnError		err;
		bool		taken,
					reversed = false;
		int32_t		due_on;

		snprintf(text, sizeof(text), "%s a; %s b", a.text, b.text);
		taken = read_text(text, &p, &err);
		accepted += taken;
		/* years with and without leap days, those round 1900 and 2000 among them */
		for (due_on = day_of("1895-01-01"); due_on < day_of("2005-01-01") && !reversed; due_on++)
		{
			if (due_on == day_of("1905-01-01"))
				due_on = day_of("1995-01-01");
			reversed = rule_day(&b, due_on) < rule_day(&a, due_on);
			if (taken && mutate_random(50) == 0)
			{
				DnStepDay	day[DN_STEPS_MAX];

				dn_step_days(&p, due_on, day);
				other_day += day[0].on != rule_day(&a, due_on) || day[1].on != rule_day(&b, due_on);
			}
		}
		unsound += taken && reversed;
		needless += !taken && !reversed;
	}
	ok(unsound == 0 && other_day == 0 && accepted > n / 10, "%d of %d pairs of steps are accepted, and are in order for every due date (%d not, %d other days)",
	   accepted, n, unsound, other_day);
	ok(small ? needless == 0 : needless < n / 20, "%d are refused without need", needless);
}

/* No due date has a step before its least days. */
static void
least(void)
{
	DnProcedure p;
	DnError		err;
	int32_t		least[DN_STEPS_MAX];
	int32_t		found[5] = {1000, 1000, 1000, 1000, 1000};
	int32_t		due_on;
	int			i;

	if (!read_text("-5 a; end of month + 3 b; 1 month + 3 c; after 7 d; 2 months end of month e", &p, &err))
		ok(false, "%s", err.what);
	dn_least_days(&p, least);
	for (due_on = day_of("2023-01-01"); due_on < day_of("2031-01-01"); due_on++)
	{
		DnStepDay	day[DN_STEPS_MAX];

		dn_step_days(&p, due_on, day);
		day[3].on = day[2].on + day[3].after;
		for (i = 0; i < 5; i++)
			if (day[i].on - due_on < found[i])
				found[i] = day[i].on - due_on;
	}
	ok(memcmp(least, found, sizeof(found)) == 0, "the fewest days to each step: %d, %d, %d, %d, %d", least[0], least[1], least[2], least[3], least[4]);
}

static bool
fee_is(const char *text, const char *currency, int64_t units)
{
	DnProcedure p;
	DnError		err;
	const DnAmount *amount;

	if (!read_text(text, &p, &err))
		return false;
	amount = dn_step_fee(&p, p.n - 1, currency);
	return units == 0 ? amount == NULL : amount != NULL && amount->units == units;
}

static bool
min_is(const char *text, const char *currency, int64_t units)
{
	DnProcedure p;
	DnError		err;
	const DnAmount *amount;

	if (!read_text(text, &p, &err))
		return false;
	amount = dn_step_min(&p, p.n - 1, currency);
	return units == 0 ? amount == NULL : amount != NULL && amount->units == units;
}

static void
currencies(void)
{
	ok(fee_is("5 a fee 15 EUR, 16 USD min 20 EUR", "USD", 160000), "a fee in the currency of the item");
	ok(fee_is("5 a fee 15 EUR, 16 USD", "CHF", 150000), "the first one in another");
	ok(fee_is("5 a fee 15 EUR, 16 USD", NULL, 150000), "or if it is not known");
	ok(fee_is("5 a fee 15 EUR + 2%", "EUR", 150000), "an amount beside a percentage");
	ok(fee_is("5 a fee 15 EUR + 2%", "USD", 0), "which is not added to one in another currency");
	ok(fee_is("5 a fee 15 EUR, 16 USD + 2%", NULL, 150000), "but to one whose currency is not known");
	ok(fee_is("5 a fee 15 EUR; 6 b min 5 EUR", "EUR", 0), "no fee");
	ok(min_is("1 x fee 1 CHF; 5 a min 50 EUR, 60 USD fee 15 USD, 2 CHF", "USD", 600000), "a minimum in the currency of the item");
	ok(min_is("5 a min 50 EUR, 60 USD", "JPY", 500000), "the first one in another");
	ok(min_is("5 a min 50 EUR", NULL, 500000), "or if it is not known");
	ok(min_is("5 a fee 5 EUR", "EUR", 0), "no minimum");
}

/* What a stored value must not hold, whatever wrote it */
static void
invalid(void)
{
	DnProcedure p;
	DnError		err;
	DnStep	   *step = room.step;
	DnAmount   *amount = room.amount;

#define BAD(change, name) \
	do { \
		bool read = read_text("5 a fee 1 EUR, 2 USD min 3 EUR; 1 month b; after 7 c fee 2% repeat 9", &p, &err) && dn_procedure_valid(&p); \
		change; \
		ok(read && !dn_procedure_valid(&p), name); \
	} while (0)
	BAD(step[0].zero[2] = 1, "reserved bytes of a step");
	BAD(step[0].min_percent = 1, "a minimum in percent without a customer");
	BAD(p.by = (DnBy) (DN_BY_EACH + 1), "an unknown level");
	BAD(amount[1].zero[0] = 1, "reserved bytes of an amount");
	BAD(step[0].when.days = 29, "steps out of order");
	BAD(step[2].after = -1, "a step before the one before it");
	BAD(step[0].after = 3, "a first step that follows");
	BAD(step[2].when.days = 1, "a step that follows, with days");
	BAD(step[1].when.months = 121, "months");
	BAD(step[1].when.days = -1, "days before a month's day");
	BAD(step[1].when.plus = 1, "days after an end of month that is none");
	BAD(step[0].when.end_of_month = 1, "days before an end of month that come too late for the next step");
	BAD(step[1].when.end_of_month = 2, "neither an end of month nor none");
	BAD(step[1].repeat = 5, "a step that repeats and is not the last");
	BAD(step[2].repeat = 3651, "days of a repetition");
	BAD(step[2].fee_percent = 1000001, "more than the whole");
	BAD(step[0].amount = 1, "amounts that stand elsewhere");
	BAD(step[0].n_min = 2, "more amounts than there are");
	BAD(step[0].n_min = 0, "fewer amounts than there are");
	BAD(step[0].n_fee = 3, "a currency twice");
	BAD(amount[2].units = 0, "an amount of nothing");
	BAD(amount[0].units = DN_FEE_MAX * DN_FEE_UNIT + 1, "an amount beyond the largest");
	BAD(amount[0].currency[1] = 'u', "a currency in small letters");
	BAD(amount[0].currency[3] = 'X', "a currency of four letters");
	BAD(p.n_amounts = 2, "too few amounts");
	BAD(p.wait = 0, "no wait");
#undef BAD
}

int
main(void)
{
	texts();
	most_currencies();
	days_of();
	order(true);
	order(false);
	least();
	currencies();
	invalid();
	mutations();
	return done_testing();
}
