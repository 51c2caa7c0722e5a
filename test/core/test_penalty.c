/* test_penalty.c: rate histories and penalty rules of core/penalty.c */
#include "core/penalty.h"

#include "core/days.h"
#include "mutate.h"
#include "tap.h"

__extension__ typedef __int128 wide;

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

/* The sums over random periods against a walk from day to day. */
static void
sums(void)
{
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

			dn_civil_from_day(d, &y, &m, &dom);
			year = y;
			n += sprintf(text + n, "%s%04d-%02d-%02d: %d.%06d", i ? ", " : "", year, m, dom,
						 (int) mutate_random(40) - 20, (int) mutate_random(1000000));
			d += 1 + (int32_t) mutate_random(200);
		}
		{
			int32_t		y;
			int			m,
						dom;

			dn_civil_from_day(d, &y, &m, &dom);
			sprintf(text + n, "} until %04d-%02d-%02d", y, m, dom);
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
					walked += rate;
				else
					first_missing = x;
			}
			if (dn_rule_sum(&rule, after, upto, &sum, &missing))
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
				large = 0;
	int			i;

	for (i = 0; i < 100000; i++)
	{
		int64_t		amount = (int64_t) mutate_random(UINT64_MAX) >> mutate_random(63);
		int64_t		s = (int64_t) (mutate_random((uint64_t) 1 << 62) >> mutate_random(61)) * (mutate_random(2) ? 1 : -1);
		int			decimals = (int) mutate_random(5);
		wide		divisor = (wide) 36500000000;
		wide		product = (wide) amount * s;
		wide		want;
		bool		fits;
		int			d;

		for (d = decimals; d < 4; d++)
			divisor *= 10;
		want = product / divisor;
		if ((product < 0 ? -product : product) % divisor * 2 >= divisor)
			want += product < 0 ? -1 : 1;
		fits = want <= INT64_MAX && want >= -INT64_MAX;
		large += !fits;
		if (dn_interest(amount, s, decimals, &out) != fits || (fits && out != want))
			wrong++;
	}
	ok(wrong == 0 && large > 100, "interest is rounded half away from zero, and refused where it does not fit (%d wrong)", wrong);

	ok(rule_of("1000%", &rule) && dn_rule_sum(&rule, DN_DAY_FIRST, DN_DAY_LAST, &sum, &missing) &&
	   sum == (int64_t) 1000 * DN_RATE_UNIT * ((int64_t) DN_DAY_LAST - DN_DAY_FIRST),
	   "the largest rate over the whole calendar does not overflow");
	ok(rule_of("{0001-01-01: -1000, 0001-01-02: -1000, 9999-12-31: -1000}", &rule) &&
	   dn_rule_sum(&rule, day(1, 1, 1), DN_DAY_LAST, &sum, &missing) &&
	   sum == (int64_t) -1000 * DN_RATE_UNIT * ((int64_t) DN_DAY_LAST - day(1, 1, 1)),
	   "nor does it across changes");
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
}

static void
mutations(void)
{
	static const char *const seeds[] = {
		"fr {2025-07-01: 12.15, 2026-07-01: 12.40} until 2026-12-31; compensation 40.00 EUR; grace 5; decimals 3; act/365",
		"10.15%; compensation 40 EUR", "{0001-01-01: -0.000001}", "-1000; grace 3650"
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
					rule.compensation != again.compensation || rule.grace != again.grace ||
					rule.rates.n != again.rates.n || rule.rates.until != again.rates.until;
				free(out2);
			}
			free(out);
		}
		else
			wrong += err.code == DN_OK || err.at > len || err.what == NULL;
		free(text);
	}
	ok(wrong == 0 && accepted > 10000 && accepted < 190000, "mutated rules are refused with a reason or read back (%d accepted, %d wrong)", accepted, wrong);
}

int
main(void)
{
	sums();
	interest();
	lateness();
	mutations();
	return done_testing();
}
