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

	dn_civil(d, &y, &m, &dom);
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
	ok(dn_band_start(&rule, 4) == (DnWide) 2775 * 10000 * 100 * DN_RATE_UNIT, "the last from the total below");
	rule_of("1; compensation 20 to 150, 10% to 500, 65 + 5% EUR", &rule);
	ok(dn_band_start(&rule, 1) == (DnWide) 20 * 10000 * 100 * DN_RATE_UNIT, "a band without a sum goes on from a sum");
	ok(dn_band_start(&rule, 2) == (DnWide) 65 * 10000 * 100 * DN_RATE_UNIT, "one with a sum does not");
}

/* A rule of simple interest with payments to principal, by random rates. */
static void
simple_rule(char *text, int32_t first)
{
	static const char *const counts[] = {"act/365", "act/act", "act/360", "30/360"};
	static const char *const others[] = {"", "; grace 5", "; grace 20", "; decimals 0", "; decimals 4", "; half even"};
	int			n = sprintf(text, "s {");
	int			i;

	for (i = 0; i < 5; i++)
	{
		n += sprintf(text + n, i > 0 ? ", " : "");
		n += put_day(text + n, first);
		n += sprintf(text + n, ": %d.%02d", (int) mutate_random(30) - 5, (int) mutate_random(100));
		first += 1 + (int32_t) mutate_random(100);
	}
	sprintf(text + n, "}; %s%s", counts[mutate_random(4)], others[mutate_random(6)]);
}

/*
 * Day by day: what is left of the movements at the end of the day before bears
 * interest, where a payment that came back later never was.
 */
static bool
by_day(const int32_t *day, const int64_t *units, int n, const DnRule *rule, int32_t due, int32_t last, int64_t *out)
{
	const DnClauses *t = rule->terms;
	bool		gone[16] = {false};
	bool		overpaid = false;
	int32_t		item = DN_DAY_NEVER,
				begin = due + 1,
				d;
	DnWide	sum = 0,
				divisor = dn_daycount_divisor(t->day_count),
				left = 0,
				twice;
	int64_t		q;
	int			i,
				k;

	for (i = 0; i < n; i++)
	{
		int			latest = -1;

		if (units[i] <= 0 || day[i] > last)
			continue;
		if (item == DN_DAY_NEVER)
			item = day[i];
		for (k = 0; k < n && day[i] > item; k++)
			if (!gone[k] && day[k] <= day[i] && units[k] == -units[i])
				latest = k;
		if (latest >= 0)
			gone[i] = gone[latest] = true;
	}
	for (i = 0; i < n; i++)
		if (!gone[i] && day[i] <= due + t->grace)
			left += units[i];
	if (left <= 0)
		begin += t->grace;
	for (d = due + 1; d <= last; d++)
	{
		DnWide	before = 0;
		int64_t		rate;

		for (i = 0; i < n; i++)
			if (!gone[i] && day[i] < d)
			{
				/* on one day what is owed comes before what is paid */
				overpaid |= day[i] == d - 1 && d - 1 > due && units[i] > 0 && before < 0;
				before += units[i];
			}
		if (before > 0 && d >= begin)
		{
			if (!dn_rate_on(&rule->rates, d, &rate))
				abort();
			sum += before * rate * (dn_day_point(t->day_count, d) - dn_day_point(t->day_count, d - 1));
		}
	}
	/* units are hundredths */
	for (i = 2; i < t->decimals; i++)
		sum *= 10;
	for (i = t->decimals; i < 2; i++)
		divisor *= 10;
	twice = (sum < 0 ? -sum : sum) * 2;
	q = (int64_t) (twice / (divisor * 2));
	if (twice - q * divisor * 2 > divisor || (twice - q * divisor * 2 == divisor && (!t->half_even || q % 2 != 0)))
		q++;
	*out = sum < 0 ? -q : q;
	return !overpaid;
}

/* Histories with part payments, payments too high, payments that come back and later debits. */
static void
histories(void)
{
	int			wrong = 0,
				summed = 0,
				walked = 0,
				back = 0;
	int			k;

	for (k = 0; k < 20000; k++)
	{
		char		text[2048];
		int32_t		due = 1000 + (int32_t) mutate_random(1000);
		int32_t		last = due + 1 + (int32_t) mutate_random(300);
		int			n = 1 + (int) mutate_random(8);
		DnMovement	m[8];
		int32_t		day[8],
					standing[8],
					room[8],
					partner[8];
		int64_t		units[8],
					expected,
					got = 0;
		unsigned char amount[8 * 16],
					left[8 * 16];
		int32_t		missing;
		DnRule		rule;
		DnHistory	h,
					s;
		DnSummed	how;
		bool		plain;
		int			i;

		simple_rule(text, due - 30);
		if (!rule_of(text, &rule))
			abort();
		for (i = 0; i < n; i++)
		{
			m[i].units = i == 0 ? 100000 + (int64_t) mutate_random(100) :
				(int64_t) (1 + mutate_random(4)) * 50000 - (mutate_random(2) == 0 ? 0 : 250000);
			m[i].day = i == 0 ? due - 30 : due - 5 + (int32_t) mutate_random((uint64_t) (last - due + 10));
			m[i].scale = 2;
		}
		if (m[0].units == 100000)
			m[0].units++;
		if (!dn_make_history(m, n, 2, &h))
			abort();
		h.day = day;
		h.amount = amount;
		dn_fill_history(m, &h, day, amount);
		for (i = 0; i < n; i++)
			units[i] = (int64_t) dn_history_units(&h, i);
		back += dn_history_returns(&h, last, room, partner) > 0;
		dn_history_stand(&h, partner, standing, left, &s);
		if (h.scale != 2 || dn_lateness(&rule, due, last) == DN_LATE_NOT)
			continue;
		how = dn_history_interest(&s, &rule, due, last, &got, &missing);
		plain = by_day(day, units, n, &rule, due, last, &expected);
		if (how == DN_SUMMED)
			wrong += !plain || got != expected;
		else
			wrong += how != DN_SUM_NOT || plain;
		summed += how == DN_SUMMED;
		walked += how == DN_SUM_NOT;
	}
	ok(wrong == 0 && summed > 10000 && walked > 1000 && back > 3000,
	   "%d histories are summed as day by day, %d have to be walked, payments came back in %d (%d wrong)", summed, walked, back, wrong);
}

/* Published: a bill of 20,000 due on 30 September, returned on 5 October, at 12.40 %; 31 days. */
static void
bill(void)
{
	int32_t		days[] = {day(2026, 8, 1), day(2026, 9, 15), day(2026, 10, 5)};
	int32_t		amount[] = {20000, -20000, 20000};
	DnHistory	h = {3, 0, 0, 4, days, (const unsigned char *) amount};
	int32_t		room[3],
				partner[3],
				standing[3],
				missing;
	unsigned char left[12];
	int64_t		out = 0;
	DnRule		rule;

	rule_of("12.40", &rule);
	is_int(dn_history_returns(&h, day(2026, 10, 31), room, partner), 1, "the bill came back");
	dn_history_stand(&h, partner, standing, left, &h);
	ok(dn_history_interest(&h, &rule, day(2026, 9, 30), day(2026, 10, 31), &out, &missing) == DN_SUMMED && out == 21063,
	   "interest runs as if it had never come: 210.63");
}

int
main(void)
{
	spans();
	anniversaries();
	daycounts();
	bands();
	histories();
	bill();
	return done_testing();
}
