/* test_penalty.c: the text of penalty rules, and the sums of their rates */
#include "core/interest.h"

#include "core/days.h"
#include "mutate.h"
#include "tap.h"

typedef DnWide wide;

static DnRuleRoom room;
static DnRuleRoom room2;

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

/* The weight of a day, from the words of the day counts. */
static int64_t
weight_of(int count, int32_t d)
{
	int32_t		y,
				y0;
	int			m,
				m0,
				dom,
				dom0;

	dn_civil(d, &y, &m, &dom);
	dn_civil(d - 1, &y0, &m0, &dom0);
	if (count == DN_ACT_ACT)
		return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 365 : 366;
	if (count == DN_30_360)
		return 360 * (y - y0) + 30 * (m - m0) + (dom > 30 ? 30 : dom) - (dom0 > 30 ? 30 : dom0);
	return 1;
}

/* The sums over random periods against a walk from day to day. */
static void
sums(void)
{
	static const char *const counts[] = {"act/365", "act/act", "act/360", "30/360"};
	int			wrong = 0,
				unknown = 0,
				known = 0;
	int			h,
				k;

	for (h = 0; h < 200; h++)
	{
		char		text[8192];
		int			n = sprintf(text, "s {");
		int32_t		d = (int32_t) mutate_random(3000);
		int32_t		first = d;
		int			steps = 1 + (int) mutate_random(60);
		DnRule		rule;
		int			i;

		for (i = 0; i < steps; i++)
		{
			int			year;
			int32_t		y;
			int			m,
						dom;

			dn_civil(d, &y, &m, &dom);
			year = y;
			n += sprintf(text + n, "%s%04d-%02d-%02d: %d.%06d", i ? ", " : "", year, m, dom,
						 (int) mutate_random(40) - 20, (int) mutate_random(1000000));
			d += 1 + (int32_t) mutate_random(200);
		}
		{
			int32_t		y;
			int			m,
						dom;

			dn_civil(d, &y, &m, &dom);
			sprintf(text + n, "} until %04d-%02d-%02d; %s", y, m, dom, counts[h % 4]);
		}
		if (!rule_of(text, &rule))
			abort();
		for (k = 0; k < 50; k++)
		{
			int32_t		after = first - 30 + (int32_t) mutate_random((uint64_t) (d - first + 60));
			int32_t		upto = after + 1 + (int32_t) mutate_random(1500);
			int64_t		sum = 0,
						walked = 0,
						rate;
			int32_t		missing = 0,
						first_missing = 0;
			bool		all = true;
			int32_t		x;

			for (x = after + 1; x <= upto && all; x++)
			{
				all = dn_rate_on(&rule.rates, x, &rate);
				if (all)
					walked += rate * weight_of(h % 4, x);
				else
					first_missing = x;
			}
			if (dn_rule_sum(&rule, after, after, upto, &sum, &missing))
			{
				known++;
				wrong += !all || sum != walked;
			}
			else
			{
				unknown++;
				wrong += all || missing != first_missing;
			}
		}
	}
	ok(wrong == 0 && known > 1000 && unknown > 1000,
	   "%d sums and %d missing days are those of a walk from day to day (%d are not)", known, unknown, wrong);
}

/* dn_interest against long division in 128 bits, and its bounds. */
static void
interest(void)
{
	DnRule		rule;
	int64_t		sum,
				out;
	int32_t		missing;
	int			wrong = 0,
				large = 0,
				ties = 0;
	int			i;

	for (i = 0; i < 200000; i++)
	{
		DnClauses	t = {.day_count = (uint8_t) mutate_random(4), .decimals = (uint8_t) mutate_random(5),
		.half_even = (uint8_t) mutate_random(2)};
		int64_t		amount = (int64_t) mutate_random(UINT64_MAX) >> mutate_random(63);
		int64_t		s = (int64_t) (mutate_random((uint64_t) 1 << 62) >> mutate_random(61)) * (mutate_random(2) ? 1 : -1);
		wide		divisor = (wide) (t.day_count == DN_ACT_ACT ? 365 * 366 : t.day_count == DN_ACT_365 ? 365 : 360) * 100000000;
		wide		product,
					rest,
					want;
		bool		fits;
		int			d;

		for (d = t.decimals; d < 4; d++)
			divisor *= 10;
		if (i % 5 == 0)
		{
			/* an exact half */
			amount = (2 * (int64_t) mutate_random(1000) - 999) * (int64_t) mutate_random(100);
			s = (int64_t) (divisor / 2);
		}
		product = (wide) amount * s;
		want = product / divisor;
		rest = (product < 0 ? -product : product) % divisor * 2;
		ties += rest == divisor;
		if (rest > divisor || (rest == divisor && (!t.half_even || want % 2 != 0)))
			want += product < 0 ? -1 : 1;
		fits = want <= INT64_MAX && want >= -INT64_MAX;
		large += !fits;
		if (dn_interest(amount, s, &t, &out) != fits || (fits && out != want))
			wrong++;
	}
	ok(wrong == 0 && large > 100 && ties > 1000, "interest is rounded by either rule of halves, and refused where it does not fit (%d wrong)", wrong);

	ok(rule_of("1000%; act/act", &rule) &&
	   dn_rule_sum(&rule, DN_INTEREST_FIRST - 1, DN_INTEREST_FIRST - 1, DN_INTEREST_LAST, &sum, &missing) &&
	   sum == (int64_t) 1000 * DN_RATE_UNIT * 9999 * DN_ACT_ACT_YEAR,
	   "the largest rate over the whole calendar does not overflow");
	ok(rule_of("{0001-01-01: -1000, 0001-01-02: -999, 9999-12-31: -1000}; act/act", &rule) &&
	   dn_rule_sum(&rule, day(1, 1, 1) - 1, day(1, 1, 1) - 1, DN_INTEREST_LAST, &sum, &missing) &&
	   sum == (int64_t) -999 * DN_RATE_UNIT * 9999 * DN_ACT_ACT_YEAR - 2 * 366 * DN_RATE_UNIT,
	   "nor does it across changes");
	ok(rule_of("{2026-01-01: 5, 2026-03-01: 9} until 2026-03-31; fixed at start", &rule) &&
	   dn_rule_sum(&rule, day(2026, 1, 31), day(2026, 1, 31), day(2030, 1, 31), &sum, &missing) &&
	   sum == 5 * DN_RATE_UNIT * 1461, "a rate fixed at start holds beyond the history");
	ok(!dn_rule_sum(&rule, day(2026, 3, 31), day(2026, 3, 31), day(2030, 1, 31), &sum, &missing) &&
	   missing == day(2026, 4, 1), "but its first day must be known");
}

static void
lateness(void)
{
	DnRule		rule;
	int64_t		sum;
	int32_t		missing;
	int32_t		due = day(2026, 1, 31);

	rule_of("{2026-01-01: 10} until 2026-06-30; grace 3", &rule);
	is_int(dn_late(&rule, due, due, &sum, &missing), DN_LATE_NOT, "an item due today is not late");
	is_int(dn_late(&rule, due, due + 3, &sum, &missing), DN_LATE_NOT, "nor within the grace days");
	is_int(dn_late(&rule, due, due + 4, &sum, &missing), DN_LATE_YES, "but after them it is");
	is_int(sum, 40 * DN_RATE_UNIT, "from the day after the due date");
	is_int(dn_late(&rule, due, day(2026, 7, 1), &sum, &missing), DN_LATE_NO_RATE, "a day after the last rate");
	is_int(missing, day(2026, 7, 1), "is named");
	is_int(dn_late(&rule, day(2025, 12, 30), due, &sum, &missing), DN_LATE_NO_RATE, "a day before the first rate");
	is_int(missing, day(2025, 12, 31), "is named");
	is_int(dn_late(&rule, DN_DAY_EVER, due, &sum, &missing), DN_LATE_ENDLESS, "due for ever");
	is_int(dn_late(&rule, due, DN_DAY_NEVER, &sum, &missing), DN_LATE_ENDLESS, "late for ever");
	is_int(dn_late(&rule, DN_DAY_NEVER, DN_DAY_NEVER, &sum, &missing), DN_LATE_NOT, "never due");
	is_int(dn_late(&rule, DN_DAY_LAST, DN_DAY_LAST, &sum, &missing), DN_LATE_NOT, "the last day of the calendar");
	is_int(dn_late(&rule, due, DN_INTEREST_LAST + 1, &sum, &missing), DN_LATE_BEYOND, "after the year 9999");
	is_int(dn_late(&rule, DN_INTEREST_FIRST - 2, due, &sum, &missing), DN_LATE_BEYOND, "before the year 1");

	rule_of("{2026-01-01: 10} until 2027-02-28; grace 400; at most 1 year", &rule);
	is_int(dn_interest_end(&rule, due), day(2027, 1, 31), "interest ends a year after the due date");
	is_int(dn_interest_end(&rule, day(2024, 2, 29)), day(2025, 2, 28), "of a leap day on the last day of February");
	is_int(dn_late(&rule, due, due + 400, &sum, &missing), DN_LATE_NOT, "grace days longer than that keep it from being asked for");
	is_int(dn_late(&rule, due, day(2030, 1, 1), &sum, &missing), DN_LATE_YES, "after them it is late, and no rate is needed after the end");
	is_int(sum, 365 * 10 * DN_RATE_UNIT, "of a year's interest");
	rule_of("{2026-01-01: 10} until 2026-06-30; at most 150 days", &rule);
	is_int(dn_late(&rule, due, day(2030, 1, 1), &sum, &missing), DN_LATE_YES, "interest ends on the last day that has a rate");
	is_int(dn_late(&rule, due + 1, day(2030, 1, 1), &sum, &missing), DN_LATE_NO_RATE, "or a day after it");
	is_int(missing, day(2026, 7, 1), "which is named");
	is_int(dn_interest_end(&rule, DN_INTEREST_LAST), DN_INTEREST_LAST + 150, "the end may lie beyond the calendar");
	rule_of("10%; compounded every 1 days; at most 1200 days", &rule);
	is_int(dn_late(&rule, due, day(2036, 1, 30), &sum, &missing), DN_LATE_YES, "nothing is compounded after the end");
	rule_of("10%; grace 2; fee 1% each started day", &rule);
	is_int(dn_late(&rule, due, due + 2 + DN_LATE_FEE_PERIODS_MAX, &sum, &missing), DN_LATE_YES, "late fees of as many periods as there may be");
	is_int(dn_late(&rule, due, due + 3 + DN_LATE_FEE_PERIODS_MAX, &sum, &missing), DN_LATE_FEES, "and of one more");
	rule_of("10%; compounded monthly", &rule);
	is_int(dn_late(&rule, day(1926, 1, 30), day(2026, 1, 31), &sum, &missing), DN_LATE_YES, "compounded " DN_STR(DN_COMPOUNDINGS_MAX) " times");
	is_int(dn_late(&rule, day(1926, 1, 30), day(2026, 2, 28), &sum, &missing), DN_LATE_COMPOUNDED, "and once more");
}

static bool
same_rule(const DnRule *a, const DnRule *b)
{
	return a->rates.n == b->rates.n && a->rates.until == b->rates.until &&
		memcmp(a->rates.from, b->rates.from, (size_t) a->rates.n * sizeof(int32_t)) == 0 &&
		memcmp(a->rates.rate, b->rates.rate, (size_t) a->rates.n * sizeof(int64_t)) == 0 &&
		memcmp(a->cum, b->cum, (size_t) a->rates.n * sizeof(int64_t)) == 0 &&
		memcmp(a->terms, b->terms, sizeof(DnClauses)) == 0 &&
		memcmp(a->band, b->band, a->terms->n_bands * sizeof(DnBand)) == 0 &&
		memcmp(a->fee, b->fee, a->terms->n_fees * sizeof(DnLateFee)) == 0;
}

/* The canonical text of a rule, terminated. */
static const char *
canonical(const char *text)
{
	static char buf[4096];
	DnOut		out = {buf, sizeof(buf) - 1, 0};
	DnRule		rule;

	if (!rule_of(text, &rule))
		return NULL;
	dn_print_rule(&out, &rule);
	buf[out.len] = '\0';
	return buf;
}

static void
grammar(void)
{
	static const char *const good[][2] = {
		{"10; act/act", "10.00%; act/act"}, {"10; 30E/360", "10.00%; 30/360"}, {"10; 30 e / 360", "10.00%; 30/360"},
		{"10; Fixed At Start; ACT/360", "10.00%; fixed at start; act/360"},
		{"10; compounded every 7 days; rounded each segment", "10.00%; compounded every 7 days; rounded each segment"},
		{"10; half even; rounded each day; compounded monthly", "10.00%; compounded monthly; rounded each day; half even"},
		{"10; grace 5 days; decimals 3; compounded yearly", "10.00%; compounded yearly; decimals 3; grace 5"},
		{"10; most 10 %; least 5", "10.00%; least 5.00; most 10%"}, {"10; most 100.5; payments to costs", "10.00%; most 100.50; payments to costs"},
		{"10; payments to interest", "10.00%; payments to interest"},
		{"10; compensation 40 EUR if professional; grace 1", "10.00%; grace 1; compensation 40.00 EUR if professional"},
		{"10; compensation 40 below 1000, 70 below 10000, 100 gbp", "10.00%; compensation 40.00 below 1000.00, 70.00 below 10000.00, 100.00 GBP"},
		{"10; compensation 0 to 5, 30+10% to 500, 0.5% EUR at most 2000", "10.00%; compensation 0.00 to 5.00, 30.00 + 10% to 500.00, 0.5% EUR at most 2000.00"},
		{"10; compensation 15% EUR at least 40 at most 6775 if professional", "10.00%; compensation 15% EUR at least 40.00 at most 6775.00 if professional"},
		{"10; floating; act/365; not compounded; rounded once; half up; decimals by currency; grace 0; no least; no most; payments to principal; no compensation; no end; no fee", "10.00%"},
		{"0; fee 15 USD each started month; grace 5; FEE 12 eur each started month, at most 6 times",
		"0.00%; grace 5; fee 15.00 USD each started month; fee 12.00 EUR each started month at most 6 times"},
		{"8; fee 1% once; compensation 40 EUR", "8.00%; compensation 40.00 EUR; fee 1% once"},
		{"10; decimals 2", "10.00%; decimals 2"}, {"10; Decimals BY Currency; grace 2", "10.00%; grace 2"},
		{"10; at most 1 year", "10.00%; at most 1 year"}, {"10; AT MOST 1 days; compensation 5 EUR at most 6", "10.00%; at most 1 day; compensation 5.00 EUR at most 6.00"},
		{"10; at most 18 month; payments to costs", "10.00%; payments to costs; at most 18 months"}, {"10; at most 36500 years", "10.00%; at most 36500 years"},
		{"10; No Compensation; grace 1; NOT compounded", "10.00%; grace 1"},
	};
	size_t		i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		is_text(canonical(good[i][0]), good[i][1], "%s", good[i][0]);
}

static void
mutations(void)
{
	static const char *const seeds[] = {
		"fr {2025-07-01: 12.15, 2026-07-01: 12.40} until 2026-12-31; compensation 40.00 EUR; grace 5; decimals 3; act/365",
		"10.15%; compensation 40 EUR", "{0001-01-01: -0.000001}", "-1000; grace 3650",
		"1; fixed at start; act/act; compounded yearly; rounded each segment; half even; decimals 4; least 5; most 10%; payments to interest",
		"1; compounded every 30 days; rounded each day; act/360; grace 5 days; most 100.25; payments to costs",
		"1; 30E/360; compensation 15% to 2500, 10% to 5000.00, 5% to 10000, 1% to 200000, 0.5% EUR at least 40 at most 6775.00 if professional",
		"1; floating; no least; half up; rounded once; compounded monthly; compensation 20 to 150, 30.00 + 10% below 500, 65 + 5% EUR at most 2000",
		"uk {2025-01-01: 4, 2025-07-01: unknown, 2026-01-01: 5} by half-year of the day before; at most 18 months; decimals 2; compensation 1 EUR at most 2",
		"1; at most 1 year; no most; decimals by currency; at most",
		"0; fee 15 USD each started month; fee 1% of the original amount each full 30 days after 5 days compounded at most 12 times, at most 10%; no fee",
		"9; fee 5 EUR once after 5; fee 0.03 % each started day of the open amount at most 25 EUR if professional; grace 3"
	};
	const int	mutants = cases(100000);
	int			accepted = 0,
				wrong = 0;
	int			i;

	for (i = 0; i < mutants; i++)
	{
		size_t		len,
					out_len,
					again_len;
		char	   *text = mutate(seeds[i % 12], &len);
		DnRule		rule,
					again;
		DnError		err = {DN_OK, 0, NULL};

		if (dn_parse_rule(text, len, &room, &rule, &err))
		{
			char	   *out = printed(dn_print_rule, &rule, &out_len);

			accepted++;
			if (!dn_parse_rule(out, out_len, &room2, &again, &err))
				wrong++;
			else
			{
				char	   *out2 = printed(dn_print_rule, &again, &again_len);

				wrong += out_len != again_len || memcmp(out, out2, out_len) != 0 ||
					!same_rule(&rule, &again) || !dn_clauses_valid(rule.terms);
				free(out2);
			}
			free(out);
		}
		else
			wrong += err.code == DN_OK || err.at > len || err.what == NULL;
		free(text);
	}
	ok(wrong == 0 && accepted > mutants / 20 && accepted < mutants - mutants / 20, "mutated rules are refused with a reason or read back (%d accepted, %d wrong)", accepted, wrong);
}

/* Clauses of a text in the place of a rule's own. */
static void
replacing(void)
{
	static DnRuleRoom made;
	DnRule		rule,
				with,
				bare = {.terms = NULL};
	DnError		err;
	const char *text = "grace 0; compensation 70 GBP; act/act";
	char	   *out;
	size_t		len;

	rule_of("s {2026-01-01: 1}; grace 3; half even; compensation 40 below 100, 50 EUR at most 45", &rule);
	ok(dn_parse_clauses(text, strlen(text), &rule, &made, &with, &err), "clauses replace");
	out = printed(dn_print_rule, &with, &len);
	out = realloc(out, len + 1);
	out[len] = '\0';
	is_text(out, "s {2026-01-01: 1.00}; act/act; half even; compensation 70.00 GBP", "those of their kind and no others");
	free(out);
	ok(dn_parse_clauses(" ", 1, &rule, &made, &with, &err) && same_rule(&rule, &with), "no clause replaces none");
	rule_of("s {2026-01-01: 1}; fixed at start; 30/360; compounded every 30 days; rounded each segment; half even; decimals 4; grace 5; "
			"least 5; most 100; payments to costs; at most 2 years; compensation 15% to 100, 50 EUR at least 40 at most 45 if professional; fee 1% once; fee 5 EUR each full day", &rule);
	text = "floating; act/365; not compounded; rounded once; half up; decimals by currency; grace 0; no least; no most; payments to principal; no compensation; no end; no fee";
	ok(dn_parse_clauses(text, strlen(text), &rule, &made, &with, &err), "every clause has a default to name");
	rule_of("s {2026-01-01: 1}", &rule);
	ok(same_rule(&rule, &with), "and a rule of nothing but defaults is one without clauses, to the byte");
	rule_of("1; most 10%", &rule);
	rule_of("1; at most 1 year; decimals 2", &rule);
	ok(dn_parse_clauses("at most 30 days", 15, &rule, &made, &with, &err) && with.terms->stop == 30 && with.terms->stop_unit == DN_STOP_DAYS &&
	   with.terms->decimals_said && dn_parse_clauses("no end", 6, &rule, &made, &with, &err) && with.terms->stop == 0, "an end takes the place of another");
	rule_of("1; most 10%", &rule);
	ok(dn_parse_clauses("no most", 7, &rule, &made, &with, &err) && with.terms->most_percent == 0, "a percentage is switched off as well");
	ok(!dn_parse_clauses("no most; most 5", 15, &rule, &made, &with, &err) &&
	   !dn_parse_clauses("no grace", 8, &rule, &made, &with, &err) && !dn_parse_clauses("no", 2, &rule, &made, &with, &err) &&
	   !dn_parse_clauses("not", 3, &rule, &made, &with, &err) && !dn_parse_clauses("half down", 9, &rule, &made, &with, &err) &&
	   !dn_parse_clauses("compensation 40 EUR; no compensation", 36, &rule, &made, &with, &err) &&
	   !dn_parse_clauses("no end; at most 1 year", 22, &rule, &made, &with, &err) && !dn_parse_clauses("decimals by", 11, &rule, &made, &with, &err) &&
	   !dn_parse_clauses("decimals 2; decimals by currency", 32, &rule, &made, &with, &err) && !dn_parse_clauses("at", 2, &rule, &made, &with, &err) &&
	   !dn_parse_clauses("at least 1 year", 15, &rule, &made, &with, &err) && !dn_parse_clauses("at most 0 days", 14, &rule, &made, &with, &err) &&
	   !dn_parse_clauses("at most 36501 days", 18, &rule, &made, &with, &err) && !dn_parse_clauses("at most 1 week", 14, &rule, &made, &with, &err),
	   "a default counts as its clause, once, and needs all of its words");
	rule_of("1; fee 1% once; fee 2% once", &rule);
	ok(dn_parse_clauses("grace 3", 7, &rule, &made, &with, &err) && with.terms->n_fees == 2 && with.fee[1].percent == 2 * DN_RATE_UNIT, "a rule keeps its fees");
	ok(dn_parse_clauses("fee 3% once; fee 4% once; fee 5% once", 37, &rule, &made, &with, &err) && with.terms->n_fees == 3 &&
	   with.fee[0].percent == 3 * DN_RATE_UNIT && with.fee[2].percent == 5 * DN_RATE_UNIT, "or takes those of a text instead, all of them");
	ok(!dn_parse_clauses("no fee; fee 1% once", 19, &rule, &made, &with, &err) && !dn_parse_clauses("fee 1% once; no fee", 19, &rule, &made, &with, &err) &&
	   !dn_parse_clauses("no fee; no fee", 14, &rule, &made, &with, &err), "but not some and none");
	{
		char		many[1024] = "fee 1% once";
		int			i;

		for (i = 1; i < DN_LATE_FEES_MAX; i++)
			strcat(many, "; fee 1% once");
		ok(dn_parse_clauses(many, strlen(many), &rule, &made, &with, &err) && with.terms->n_fees == DN_LATE_FEES_MAX, "as many fees as a rule has room for");
		strcat(many, "; fee 1% once");
		ok(!dn_parse_clauses(many, strlen(many), &rule, &made, &with, &err) && err.code == DN_LIMIT, "and one more");
	}
	rule_of("1; most 10%", &rule);
	bare.rates = rule.rates;
	ok(dn_parse_clauses("", 0, &bare, &made, &with, &err) && with.terms->decimals == DN_DECIMALS_DEFAULT &&
	   with.terms->n_bands == 0, "rates alone take the defaults");
	rule_of("1; 30/360", &rule);
	ok(!dn_parse_clauses("rounded each day", 16, &rule, &made, &with, &err) && err.code == DN_SYNTAX, "what does not go together is refused");
	ok(dn_is_bare_name(" FR ", 4) && dn_is_bare_name("FR-public_2", 11) && !dn_is_bare_name("FR; act", 7) &&
	   !dn_is_bare_name("10", 2) && !dn_is_bare_name("", 0), "a bare name is one word");
}

int
main(void)
{
	grammar();
	replacing();
	sums();
	interest();
	lateness();
	mutations();
	return done_testing();
}
