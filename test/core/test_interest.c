/* test_interest.c: the spans of interest against a walk from day to day */
#include "core/interest.h"

#include "core/days.h"
#include "mutate.h"
#include "tap.h"

static DnRuleRoom room;

static bool
rule_of(const char *text, DnRule *rule)
{
	DnError		err;

	return dn_parse_rule(text, strlen(text), &room, rule, &err);
}

static int32_t
day(int y, int m, int d)
{
	int32_t		out = 0;

	dn_day_from_civil(y, m, d, &out);
	return out;
}

static int
put_day(char *buf, int32_t d)
{
	int32_t		y;
	int			m,
				dom;

	dn_civil_from_day(d, &y, &m, &dom);
	return sprintf(buf, "%04d-%02d-%02d", (int) y, m, dom);
}

/* A rule of random rates, few enough that neighbours are often equal. */
static void
random_rule(char *text, int32_t first)
{
	static const char *const counts[] = {"act/365", "act/act", "act/360", "30/360"};
	static const char *const compounding[] = {"", "; compounded yearly", "; compounded monthly", "; compounded every 17 days"};
	int			steps = 1 + (int) mutate_random(20);
	int			n = sprintf(text, "s {");
	int			i;

	for (i = 0; i < steps; i++)
	{
		n += sprintf(text + n, i > 0 ? ", " : "");
		n += put_day(text + n, first);
		n += sprintf(text + n, ": %d", (int) mutate_random(3));
		first += 1 + (int32_t) mutate_random(150);
	}
	n += sprintf(text + n, "} until ");
	n += put_day(text + n, first + 300);
	sprintf(text + n, "; %s%s%s", counts[mutate_random(4)], compounding[mutate_random(4)],
			mutate_random(4) == 0 ? "; fixed at start" : "");
}

/*
 * Every day is in one span, in order; all days of a span have its rate; a span
 * is as long as it can be; its weight is that of its days.
 */
static void
spans(void)
{
	int			wrong = 0,
				given = 0,
				gaps = 0;
	int			k;

	for (k = 0; k < 20000; k++)
	{
		char		text[2048];
		int32_t		begin = (int32_t) mutate_random(3000);
		int32_t		due = begin + (int32_t) mutate_random(400) - 20;
		int32_t		last = due + 1 + (int32_t) mutate_random(1500);
		int32_t		expected = due + 1;
		int32_t		compounded = 0;
		DnRule		rule;
		DnSpans		s;
		DnSpan		span;
		DnSpan		before = {0};
		DnSpanStatus status;
		int64_t		sum = 0,
					whole;
		int32_t		missing = 0;
		bool		stopped = true;

		random_rule(text, begin);
		if (!rule_of(text, &rule))
			abort();
		if (dn_lateness(&rule, due, last) != DN_LATE_YES)
			abort();
		dn_spans_begin(&s, &rule, due, last);
		for (;;)
		{
			int32_t		stop = expected + (int32_t) mutate_random(200);
			int64_t		rate = 0;
			int32_t		d;

			status = dn_spans_next(&s, stop, true, &span);
			if (status != DN_SPAN)
				break;
			given++;
			wrong += span.from != expected || span.to < span.from || span.to > stop || span.to > last;
			for (d = span.from; d <= span.to; d++)
				wrong += !dn_rate_on(&rule.rates, rule.terms->fixed ? due + 1 : d, &rate) || rate != span.rate;
			for (d = span.from; rule.terms->day_count == DN_ACT_ACT && d <= span.to; d++)
				wrong += dn_leap_year(dn_year_of(d)) != dn_leap_year(dn_year_of(span.from));
			wrong += span.weight != dn_day_point(rule.terms->day_count, span.to) - dn_day_point(rule.terms->day_count, span.from - 1);
			sum += span.rate * span.weight;

			/* a span goes on unless something changes */
			if (!stopped && !before.compounds && span.rate == before.rate)
				wrong += rule.terms->day_count != DN_ACT_ACT ||
					dn_leap_year(dn_year_of(span.from)) == dn_leap_year(dn_year_of(before.to));
			compounded += span.compounds;
			if (span.compounds)
				wrong += dn_anniversary(&rule, due + 1, compounded) != span.to + 1;
			else
				wrong += dn_anniversary(&rule, due + 1, compounded + 1) <= span.to;
			stopped = span.to == stop;
			before = span;
			expected = span.to + 1;
		}
		if (status == DN_SPANS_END)
			wrong += expected != last + 1 || !dn_rule_sum(&rule, due, due, last, &whole, &missing) || whole != sum ||
				compounded != dn_compoundings(&rule, due, last);
		else
		{
			gaps++;
			wrong += dn_rule_sum(&rule, due, due, last, &whole, &missing) || missing != s.missing ||
				(!rule.terms->fixed && missing != expected);
		}
	}
	ok(wrong == 0 && given > 50000 && gaps > 100, "%d spans are those of a walk from day to day, %d end at a gap (%d wrong)", given, gaps, wrong);
}

static void
anniversaries(void)
{
	DnRule		rule;
	DnSpans		s;
	DnSpan		span;

	rule_of("1; compounded monthly", &rule);
	is_int(dn_anniversary(&rule, day(2024, 1, 31), 1), day(2024, 2, 29), "a month after the 31st of January");
	is_int(dn_anniversary(&rule, day(2024, 1, 31), 2), day(2024, 3, 31), "two months after it are not two short months");
	is_int(dn_compoundings(&rule, day(2024, 1, 30), day(2024, 2, 28)), 0, "not yet");
	is_int(dn_compoundings(&rule, day(2024, 1, 30), day(2024, 2, 29)), 1, "but then");
	is_int(dn_anniversary(&rule, day(9999, 12, 1), 1), DN_DAY_NEVER, "none after the year 9999");
	rule_of("1; compounded yearly", &rule);
	is_int(dn_anniversary(&rule, day(2024, 2, 29), 1), day(2025, 2, 28), "a year after a leap day");
	is_int(dn_anniversary(&rule, day(2024, 2, 29), 4), day(2028, 2, 29), "and the next leap day");

	/* without interest no rate is asked for, and only anniversaries part the days */
	rule_of("{2030-01-01: 1}; compounded every 10 days; act/act", &rule);
	dn_spans_begin(&s, &rule, day(2026, 1, 1), day(2026, 1, 25));
	is_int(dn_spans_next(&s, day(2026, 12, 31), false, &span), DN_SPAN, "no rate is needed");
	ok(span.to == day(2026, 1, 11) && span.compounds, "up to an anniversary");
	ok(dn_spans_next(&s, day(2026, 1, 11) + 3, false, &span) == DN_SPAN && span.to == day(2026, 1, 14) && !span.compounds, "or a stop");
	ok(dn_spans_next(&s, day(2026, 12, 31), false, &span) == DN_SPAN && span.compounds, "the next one");
	ok(dn_spans_next(&s, day(2026, 12, 31), false, &span) == DN_SPAN && span.to == day(2026, 1, 25) && !span.compounds, "and the last day");
	is_int(dn_spans_next(&s, day(2026, 12, 31), true, &span), DN_SPANS_END, "then it is over");
	dn_spans_begin(&s, &rule, day(2026, 1, 1), day(2026, 1, 25));
	ok(dn_spans_next(&s, day(2026, 12, 31), true, &span) == DN_SPANS_NO_RATE && s.missing == day(2026, 1, 2), "with interest it is");
}

/* Names and edges of the day counts. */
static void
daycounts(void)
{
	is_int(dn_day_point(DN_30_360, day(2026, 3, 31)) - dn_day_point(DN_30_360, day(2026, 3, 30)), 0, "30/360: the 31st weighs nothing");
	is_int(dn_day_point(DN_30_360, day(2026, 3, 1)) - dn_day_point(DN_30_360, day(2026, 2, 28)), 3, "the first of March three");
	is_int(dn_day_point(DN_30_360, day(2024, 3, 1)) - dn_day_point(DN_30_360, day(2024, 2, 29)), 2, "two in a leap year");
	is_int(dn_day_point(DN_ACT_ACT, day(2025, 1, 1)) - dn_day_point(DN_ACT_ACT, day(2024, 12, 31)), 366, "act/act: a day of a common year");
	is_int(dn_day_point(DN_ACT_ACT, day(2024, 12, 31)) - dn_day_point(DN_ACT_ACT, day(2023, 12, 31)), DN_ACT_ACT_YEAR, "a leap year is a year");
	is_int(dn_day_point(DN_ACT_ACT, DN_INTEREST_FIRST) - dn_day_point(DN_ACT_ACT, DN_INTEREST_FIRST - 1), 366, "the first day of all");
	is_int(dn_day_point(DN_ACT_ACT, DN_INTEREST_LAST) - dn_day_point(DN_ACT_ACT, DN_INTEREST_FIRST - 1), INT64_C(9999) * DN_ACT_ACT_YEAR, "all years");
	is_int(day(1, 1, 1), DN_INTEREST_FIRST, "the first");
	is_int(day(9999, 12, 31), DN_INTEREST_LAST, "the last");
}

static void
bands(void)
{
	DnRule		rule;

	rule_of("1; compensation 15% to 2500, 10% to 5000, 5% to 10000, 1% to 200000, 0.5% EUR", &rule);
	ok(dn_band_start(&rule, 0) == 0, "the first band starts from nothing");
	ok(dn_band_start(&rule, 4) == (DnInt128) 2775 * 10000 * 100 * DN_RATE_UNIT, "the last from the total below");
	rule_of("1; compensation 20 to 150, 10% to 500, 65 + 5% EUR", &rule);
	ok(dn_band_start(&rule, 1) == (DnInt128) 20 * 10000 * 100 * DN_RATE_UNIT, "a band without a sum goes on from a sum");
	ok(dn_band_start(&rule, 2) == (DnInt128) 65 * 10000 * 100 * DN_RATE_UNIT, "one with a sum does not");
}

int
main(void)
{
	spans();
	anniversaries();
	daycounts();
	bands();
	return done_testing();
}
