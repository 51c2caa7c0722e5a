/* test_rates.c: histories computed from histories, of core/rates.c */
#include "core/rates.h"

#include "core/days.h"
#include "mutate.h"
#include "tap.h"

#define ROUNDS 400
#define MARGIN 800				/* days walked beyond either end */

static DnRatesRoom rooms[3];	/* of the two arguments and the result */
static DnRatesRoom reread;

static int32_t
day(int y, int m, int d)
{
	int32_t		out = 0;

	if (!dn_day_from_civil(y, m, d, &out))
		abort();
	return out;
}

static void
history(const char *text, int which, DnRates *r)
{
	DnError		err;

	if (!dn_parse_rates(text, strlen(text), &rooms[which], r, &err))
		abort();
}

/* A random history that knows days around the middle, at times without an end or with holes. */
static void
random_history(int which, int32_t middle, DnRates *r)
{
	DnRatesRoom *room = &rooms[which];
	int			n = 1 + (int) mutate_random(mutate_random(4) ? 12 : 60);
	int			gap = mutate_random(3) ? 120 : 9;
	bool		coarse = mutate_random(2) == 0;
	bool		holes = mutate_random(3) == 0;
	int32_t		d = middle - (int32_t) mutate_random(1000);
	int			i;

	for (i = 0; i < n; i++)
	{
		room->from[i] = d;
		room->rate[i] = coarse ? ((int64_t) mutate_random(5) - 2) * 250000 :
			(int64_t) mutate_random(40 * DN_RATE_UNIT) - 10 * DN_RATE_UNIT;
		if (holes && i > 0 && i < n - 1 && room->rate[i - 1] != DN_RATE_UNKNOWN && mutate_random(3) == 0)
			room->rate[i] = DN_RATE_UNKNOWN;
		d += 1 + (int32_t) mutate_random((uint64_t) gap);
	}
	memset(r, 0, sizeof(*r));
	r->n = n;
	r->from = room->from;
	r->rate = room->rate;
	r->until = mutate_random(4) ? d - 1 : DN_DAY_NEVER;
	r->name = which == 0 ? "first" : "second";
	r->name_len = strlen(r->name);
	for (i = 0; i < n; i++)
		if (room->rate[i] == DN_RATE_UNKNOWN)
			r->shape = DN_HAS_UNKNOWN;
}

/* The rate of a day, found by going through all steps. */
static bool
look(const DnRates *r, int32_t d, int64_t *rate)
{
	bool		found = false;
	int			i;

	for (i = 0; i < r->n && r->from[i] <= d; i++)
	{
		*rate = r->rate[i];
		found = r->rate[i] != DN_RATE_UNKNOWN;
	}
	return found && d <= r->until;
}

/* A result must be ascending, merged, within bounds, and read back as itself. */
static bool
canonical(const DnRates *r)
{
	DnRates		again;
	DnError		err;
	size_t		len;
	char	   *text;
	bool		good = r->n >= 1 && r->n <= DN_RATES_MAX && r->until >= r->from[r->n - 1];
	bool		holes = false;
	int			i;

	for (i = 1; i < r->n; i++)
	{
		good = good && r->from[i] > r->from[i - 1] && r->rate[i] != r->rate[i - 1];
		holes = holes || r->rate[i] == DN_RATE_UNKNOWN;
	}
	good = good && r->rate[0] != DN_RATE_UNKNOWN && r->rate[r->n - 1] != DN_RATE_UNKNOWN &&
		dn_rates_shape_valid(r->shape) && holes == ((r->shape & DN_HAS_UNKNOWN) != 0);
	text = printed(dn_print_rates, r, &len);
	good = good && dn_parse_rates(text, len, &reread, &again, &err) &&
		again.n == r->n && again.until == r->until && again.name_len == r->name_len && again.shape == r->shape &&
		memcmp(again.from, r->from, r->n * sizeof(*r->from)) == 0 &&
		memcmp(again.rate, r->rate, r->n * sizeof(*r->rate)) == 0;
	free(text);
	return good;
}

/* How many of the days of a walk differ from what the callback expects. */
typedef bool (*Expected) (const DnRates *a, const DnRates *b, int32_t d, int64_t *rate);

static int
walk(const DnRates *a, const DnRates *b, const DnRates *out, int32_t middle, Expected expected)
{
	int32_t		stop = middle + 8000;
	int			wrong = canonical(out) ? 0 : 1;
	int32_t		d;

	if (a->until != DN_DAY_NEVER && a->until + MARGIN < stop)
		stop = a->until + MARGIN;
	if (stop > day(9999, 12, 31))
		stop = day(9999, 12, 31);
	for (d = middle - 1000 - MARGIN; d <= stop; d++)
	{
		int64_t		want = 0,
					got = 0;
		bool		known;

		if (d < day(1, 1, 1))
			continue;
		known = expected(a, b, d, &want);
		wrong += look(out, d, &got) != known || (known && got != want);
	}
	return wrong;
}

static int64_t operand;
static int	months;
static DnSampleDay sample_day;
static int32_t range[2];

static bool
sum_of(const DnRates *a, const DnRates *b, int32_t d, int64_t *rate)
{
	(void) b;
	if (!look(a, d, rate))
		return false;
	*rate += operand;
	return true;
}

static bool
half_units(const DnRates *a, const DnRates *b, int32_t d, int64_t *rate)
{
	(void) b;
	if (!look(a, d, rate))
		return false;
	*rate = *rate * operand / 2;
	return true;
}

/* The multiple is found by going upwards unit by unit of the step. */
static bool
next_multiple(const DnRates *a, const DnRates *b, int32_t d, int64_t *rate)
{
	int64_t		at = -11 * DN_RATE_UNIT / operand * operand - operand;

	(void) b;
	if (!look(a, d, rate))
		return false;
	while (at < *rate)
		at += operand;
	*rate = at;
	return true;
}

static bool
sample_of(const DnRates *a, const DnRates *b, int32_t d, int64_t *rate)
{
	int32_t		year;
	int			month,
				dom;

	(void) b;
	dn_civil(d, &year, &month, &dom);
	while ((month - 1) % months != 0)
		month--;
	return look(a, day(year, month, 1) - (sample_day == DN_SAMPLE_BEFORE), rate);
}

static bool
larger(const DnRates *a, const DnRates *b, int32_t d, int64_t *rate)
{
	int64_t		other;

	if (!look(a, d, rate) || !look(b, d, &other))
		return false;
	if (other > *rate)
		*rate = other;
	return true;
}

static bool
within(const DnRates *a, const DnRates *b, int32_t d, int64_t *rate)
{
	(void) b;
	return d >= range[0] && d <= range[1] && look(a, d, rate);
}

/* Every operation on random histories against what it says of each day. */
static void
walks(void)
{
	static const int lengths[] = {1, 3, 6, 12};
	const int32_t middles[] = {day(1, 1, 1) + 1000, day(1999, 9, 9), day(2026, 6, 1), day(9994, 2, 1)};
	int			wrong[6] = {0};
	int			made[6] = {0};
	int			none[6] = {0};
	int			i;

	for (i = 0; i < ROUNDS; i++)
	{
		int32_t		middle = middles[i % 4];
		int32_t		apart = (int32_t) mutate_random(1500);
		DnRates		a,
					b,
					out;
		int			k;

		random_history(0, middle, &a);
		random_history(1, middle + apart, &b);
		if ((a.until > day(9999, 12, 31) && a.until != DN_DAY_NEVER) ||
			(b.until > day(9999, 12, 31) && b.until != DN_DAY_NEVER) ||
			a.from[a.n - 1] > day(9999, 12, 31) || b.from[b.n - 1] > day(9999, 12, 31))
			continue;

		operand = (int64_t) mutate_random(40 * DN_RATE_UNIT) - 20 * DN_RATE_UNIT;
		wrong[0] += dn_rates_add(&a, operand, &rooms[2], &out) != DN_RATES_OK ||
			walk(&a, NULL, &out, middle, sum_of) > 0;
		made[0]++;

		/* a factor of halves is exact for all even rates only */
		operand = (int64_t) mutate_random(13) - 6;
		switch (dn_rates_multiply(&a, operand * DN_RATE_UNIT / 2, &rooms[2], &out))
		{
			case DN_RATES_OK:
				wrong[1] += walk(&a, NULL, &out, middle, half_units) > 0;
				made[1]++;
				break;
			case DN_RATES_FINE:
				{
					int			odd = 0;

					for (k = 0; k < a.n; k++)
						odd += a.rate[k] != DN_RATE_UNKNOWN && a.rate[k] * operand % 2 != 0;
					wrong[1] += odd == 0;
					none[1]++;
					break;
				}
			default:
				wrong[1]++;
		}

		operand = mutate_random(2) ? DN_RATE_UNIT / 2 : 1000 + (int64_t) mutate_random(3 * DN_RATE_UNIT);
		wrong[2] += dn_rates_round_up(&a, operand, &rooms[2], &out) != DN_RATES_OK ||
			walk(&a, NULL, &out, middle, next_multiple) > 0;
		made[2]++;

		months = lengths[mutate_random(4)];
		sample_day = mutate_random(2) ? DN_SAMPLE_FIRST : DN_SAMPLE_BEFORE;
		switch (dn_rates_sample(&a, months, sample_day, &rooms[2], &out))
		{
			case DN_RATES_OK:
				wrong[3] += walk(&a, NULL, &out, middle, sample_of) > 0 ||
					(out.until == DN_DAY_NEVER && a.until != DN_DAY_NEVER);
				made[3]++;
				break;
			case DN_RATES_NO_DAY:
				{
					int64_t		rate;
					int32_t		d;

					for (d = a.from[0]; d <= a.until + 1 && d <= day(9999, 12, 31); d++)
						if (sample_of(&a, NULL, d, &rate))
							break;
					wrong[3] += d <= a.until + 1 && d <= day(9999, 12, 31);
					none[3]++;
					break;
				}
			default:
				wrong[3]++;
		}

		switch (dn_rates_greatest(&a, &b, &rooms[2], &out))
		{
			case DN_RATES_OK:
				wrong[4] += walk(&a, &b, &out, middle, larger) > 0 ||
					(out.until != (a.until < b.until ? a.until : b.until) && !((a.shape | b.shape) & DN_HAS_UNKNOWN)) ||
					out.name != (b.until < a.until ? b.name : a.name);
				made[4]++;
				break;
			case DN_RATES_NO_DAY:
				wrong[4] += a.until >= b.from[0] && b.until >= a.from[0] && !((a.shape | b.shape) & DN_HAS_UNKNOWN);
				none[4]++;
				break;
			default:
				wrong[4]++;
		}

		range[0] = mutate_random(6) ? a.from[0] - 100 + (int32_t) mutate_random(900) : DN_DAY_EVER;
		range[1] = mutate_random(6) ? a.from[0] - 50 + (int32_t) mutate_random(1200) : DN_DAY_NEVER;
		switch (dn_rates_restrict(&a, range[0], range[1], &rooms[2], &out))
		{
			case DN_RATES_OK:
				wrong[5] += walk(&a, NULL, &out, middle, within) > 0 ||
					(out.until == DN_DAY_NEVER) != (a.until == DN_DAY_NEVER && range[1] == DN_DAY_NEVER);
				made[5]++;
				break;
			case DN_RATES_NO_DAY:
				wrong[5] += range[0] <= range[1] && range[1] >= a.from[0] && range[0] <= a.until && !(a.shape & DN_HAS_UNKNOWN);
				none[5]++;
				break;
			default:
				wrong[5]++;
		}
	}
	ok(wrong[0] == 0 && made[0] > 300, "sums are those of each day (%d wrong)", wrong[0]);
	ok(wrong[1] == 0 && made[1] > 50 && none[1] > 50, "products are exact, %d times, or refused, %d times (%d wrong)", made[1], none[1], wrong[1]);
	ok(wrong[2] == 0 && made[2] > 300, "rates are raised to the next multiple (%d wrong)", wrong[2]);
	ok(wrong[3] == 0 && made[3] > 200 && none[3] > 10, "the rate of a day is that of its period's sample day, %d times, %d without one (%d wrong)", made[3], none[3], wrong[3]);
	ok(wrong[4] == 0 && made[4] > 100 && none[4] > 50, "the larger rate of each common day, %d times, %d without one (%d wrong)", made[4], none[4], wrong[4]);
	ok(wrong[5] == 0 && made[5] > 200 && none[5] > 20, "the days of a range, %d times, %d without one (%d wrong)", made[5], none[5], wrong[5]);
}

/* The ends of what a rate, a history and the calendar hold. */
static void
limits(void)
{
	DnRates		a,
				b,
				out;
	int			i;

	history("{2026-01-01: 990, 2026-02-01: -990}", 0, &a);
	is_int(dn_rates_add(&a, 10 * DN_RATE_UNIT, &rooms[2], &out), DN_RATES_OK, "a sum of 1000 %% is a rate");
	is_int(dn_rates_add(&a, 10 * DN_RATE_UNIT + 1, &rooms[2], &out), DN_RATES_RANGE, "more is not");
	is_int(dn_rates_add(&a, -10 * DN_RATE_UNIT - 1, &rooms[2], &out), DN_RATES_RANGE, "nor is less than -1000 %%");
	is_int(dn_rates_multiply(&a, 1010101, &rooms[2], &out), DN_RATES_OK, "990 times 1.010101 is a rate");
	is_int(dn_rates_multiply(&a, 1010102, &rooms[2], &out), DN_RATES_RANGE, "a larger product is not");
	is_int(dn_rates_round_up(&a, 999 * DN_RATE_UNIT, &rooms[2], &out), DN_RATES_OK, "990 is raised to 999");
	is_int(dn_rates_round_up(&a, 600 * DN_RATE_UNIT, &rooms[2], &out), DN_RATES_RANGE, "but not to 1200");
	history("{2026-01-01: 1000, 2026-02-01: -1000}", 0, &a);
	is_int(dn_rates_multiply(&a, DN_RATE_MAX * DN_RATE_UNIT, &rooms[2], &out), DN_RATES_RANGE, "the largest product does not overflow");
	is_int(dn_rates_multiply(&a, 0, &rooms[2], &out), DN_RATES_OK, "nothing of a rate");
	ok(out.n == 1 && out.rate[0] == 0 && out.until == DN_DAY_NEVER, "is one rate of zero");
	history("{2026-01-01: 0.000001}", 0, &a);
	is_int(dn_rates_multiply(&a, DN_RATE_UNIT / 2, &rooms[2], &out), DN_RATES_FINE, "half of the smallest rate is refused");
	is_int(dn_rates_multiply(&a, 3 * DN_RATE_UNIT / 2, &rooms[2], &out), DN_RATES_FINE, "so are three halves");

	/* two full histories, alternately changing, then one that changes with the other */
	for (i = 0; i < DN_RATES_MAX; i++)
	{
		rooms[0].from[i] = 2 * i;
		rooms[1].from[i] = 2 * i + 1;
		rooms[0].rate[i] = (2 * i) * DN_RATE_UNIT / 10;
		rooms[1].rate[i] = (2 * i + 1) * DN_RATE_UNIT / 10;
	}
	memset(&a, 0, sizeof(a));
	a.n = DN_RATES_MAX;
	a.until = DN_DAY_NEVER;
	b = a;
	a.from = rooms[0].from;
	a.rate = rooms[0].rate;
	b.from = rooms[1].from;
	b.rate = rooms[1].rate;
	is_int(dn_rates_greatest(&a, &b, &rooms[2], &out), DN_RATES_FULL, "more rates than a history holds are refused");
	b.n = 1;
	is_int(dn_rates_greatest(&a, &b, &rooms[2], &out), DN_RATES_OK, "as many as it holds are not");
	is_int(out.n, DN_RATES_MAX, "and all are there");

	/* the last years that a literal can say */
	history("{2026-01-01: 1} until 9999-12-31", 0, &a);
	for (i = 0; i < 2; i++)
		ok(dn_rates_sample(&a, 6, (DnSampleDay) i, &rooms[2], &out) == DN_RATES_OK &&
		   canonical(&out) && out.until == day(9999, 12, 31), "sampled, a history ends by 9999-12-31");
	history("{2026-01-01: 1} until 9999-06-29", 0, &a);
	ok(dn_rates_sample(&a, 6, DN_SAMPLE_BEFORE, &rooms[2], &out) == DN_RATES_OK && out.until == day(9999, 6, 30),
	   "or by the half-year before");
	history("{2026-01-01: 1, 9999-07-02: 2}", 0, &a);
	ok(dn_rates_sample(&a, 6, DN_SAMPLE_FIRST, &rooms[2], &out) == DN_RATES_OK && canonical(&out) &&
	   out.n == 1 && out.until == day(9999, 12, 31), "a change that no literal can say ends a history");
	history("{9999-12-31: 2}", 0, &a);
	is_int(dn_rates_sample(&a, 6, DN_SAMPLE_BEFORE, &rooms[2], &out), DN_RATES_NO_DAY, "and leaves none if there is no other");
	history("{0001-01-01: 2}", 0, &a);
	ok(dn_rates_sample(&a, 12, DN_SAMPLE_FIRST, &rooms[2], &out) == DN_RATES_OK && out.from[0] == day(1, 1, 1), "the first day of all is a first day");
	ok(dn_rates_sample(&a, 12, DN_SAMPLE_BEFORE, &rooms[2], &out) == DN_RATES_OK && out.from[0] == day(2, 1, 1), "and no day before one");
	is_int(dn_rates_restrict(&a, DN_DAY_FIRST, DN_DAY_LAST, &rooms[2], &out), DN_RATES_DATE, "no history ends after 9999");
	is_int(dn_rates_restrict(&a, DN_DAY_LAST, DN_DAY_NEVER, &rooms[2], &out), DN_RATES_DATE, "or begins after it");
	is_int(dn_rates_restrict(&a, DN_DAY_NEVER, DN_DAY_NEVER, &rooms[2], &out), DN_RATES_NO_DAY, "infinity is no day");
	is_int(dn_rates_restrict(&a, DN_DAY_EVER, DN_DAY_EVER, &rooms[2], &out), DN_RATES_NO_DAY, "neither is the other one");
	ok(dn_rates_restrict(&a, DN_DAY_EVER, DN_DAY_NEVER, &rooms[2], &out) == DN_RATES_OK && out.until == DN_DAY_NEVER, "both together are all days");
}

/* Days that nobody stated, and the day that has to be stated for them. */
static void
unknown(void)
{
	static const char *const bad[] = {
		"{2026-01-01: unknown, 2026-02-01: 1}", "{2026-01-01: 1, 2026-02-01: unknown}", "{2026-01-01: unknown}",
		"{2026-01-01: 1, 2026-02-01: unknown, 2026-03-01: unknown, 2026-04-01: 1}", "{2026-01-01: 1} by", "{2026-01-01: 1} by week",
		"{2026-01-01: 1} by half", "{2026-01-01: 1} by half-month", "{2026-01-01: 1} by year of", "{2026-01-01: 1} by year of the day",
		"{2026-01-01: 1} by year of the day after", "{2026-01-01: 1} by year until 2026-12-31", "{2026-01-01: unknown%, 2026-02-01: 1}"
	};
	static const char *const want =
		"s {2026-01-01: 3.00, 2026-10-05: unknown, 2026-12-31: 4.00} until 2026-12-31 by half-year of the day before";
	DnRates		r,
				out;
	DnError		err;
	int32_t		missing;
	int64_t		rate;
	char	   *text;
	size_t		len;
	int			wrong = 0;
	size_t		i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		wrong += dn_parse_rates(bad[i], strlen(bad[i]), &reread, &r, &err) || err.what == NULL;
	is_int(wrong, 0, "what is unknown lies between two rates, and a period is one of four");

	history("s {2026-01-01: 3, 2026-10-05: unknown, 2026-12-31: 4} until 2026-12-31 BY half-year Of The Day Before", 0, &r);
	text = printed(dn_print_rates, &r, &len);
	ok(len == strlen(want) && memcmp(text, want, len) == 0, "its text");
	free(text);
	ok(dn_rate_on(&r, day(2026, 10, 4), &rate) && !dn_rate_on(&r, day(2026, 10, 5), &rate) && !dn_rate_on(&r, day(2026, 12, 30), &rate) &&
	   dn_rate_on(&r, day(2026, 12, 31), &rate), "no rate holds on an unknown day");
	ok(dn_rates_cover(&r, day(2026, 1, 5), day(2026, 10, 4), &missing), "up to it all is covered");
	ok(!dn_rates_cover(&r, day(2026, 1, 5), day(2027, 10, 4), &missing) && missing == day(2026, 10, 5), "the first missing day is the first unknown one");
	ok(!dn_rates_cover(&r, day(2026, 11, 5), day(2026, 12, 31), &missing) && missing == day(2026, 11, 6), "or the first one asked for");
	ok(dn_rates_cover(&r, day(2026, 12, 30), day(2026, 12, 31), &missing), "after it all is covered again");
	ok(!dn_rates_cover(&r, day(2026, 12, 30), day(2027, 1, 1), &missing) && missing == day(2027, 1, 1), "until the end");

	/* by half-year: the sample day counts and no other */
	ok(dn_rates_sample(&r, 6, DN_SAMPLE_BEFORE, &rooms[2], &out) == DN_RATES_OK && out.n == 2 && canonical(&out) &&
	   out.until == day(2027, 6, 30) && out.from[1] == day(2027, 1, 1) && out.rate[0] == 3 * DN_RATE_UNIT, "a hole without a sample day is none of the samples");
	ok(dn_rates_sample(&r, 3, DN_SAMPLE_FIRST, &rooms[2], &out) == DN_RATES_OK && out.until == day(2026, 12, 31) && out.n == 1,
	   "nor has a sample day in front of it any effect");
	history("{2026-01-01: 3, 2026-10-05: unknown, 2027-01-01: 4, 2027-07-01: 5} until 2027-07-02", 0, &r);
	ok(dn_rates_sample(&r, 6, DN_SAMPLE_BEFORE, &rooms[2], &out) == DN_RATES_OK && out.n == 3 && canonical(&out) &&
	   out.rate[1] == DN_RATE_UNKNOWN && out.from[1] == day(2027, 1, 1) && out.from[2] == day(2027, 7, 1) && out.until == day(2027, 12, 31),
	   "a hole with one is");
	ok(dn_rates_restrict(&r, day(2026, 11, 1), day(2027, 3, 1), &rooms[2], &out) == DN_RATES_OK &&
	   out.from[0] == day(2027, 1, 1) && canonical(&out), "a range begins with a known day");
	ok(dn_rates_restrict(&r, DN_DAY_EVER, day(2026, 11, 1), &rooms[2], &out) == DN_RATES_OK &&
	   out.until == day(2026, 10, 4) && canonical(&out), "and ends with one");
	is_int(dn_rates_restrict(&r, day(2026, 11, 1), day(2026, 11, 2), &rooms[2], &out), DN_RATES_NO_DAY, "or there is none");

	/* the day to be stated: of the period, or where the gap begins */
	is_int(dn_rates_wanted(&r, day(2026, 11, 2)), day(2026, 10, 5), "the first day of a gap");
	is_int(dn_rates_wanted(&r, day(2027, 9, 2)), day(2027, 7, 3), "or the first one after the end");
	is_int(dn_rates_wanted(&r, day(2029, 9, 2)), day(2029, 7, 1), "or of the half-year");
	is_int(dn_rates_wanted(&r, day(2025, 5, 5)), day(2025, 1, 1), "before the first rate, too");
	history("{2026-01-01: 3} until 2026-12-31 by year", 0, &r);
	is_int(dn_rates_wanted(&r, day(2028, 11, 2)), day(2028, 1, 1), "of the year");
	history("{2026-01-01: 3} until 2026-12-31 by quarter", 0, &r);
	is_int(dn_rates_wanted(&r, day(2028, 11, 2)), day(2028, 10, 1), "of the quarter");
	history("{2026-01-01: 3} until 2026-12-31 by month of the day before", 0, &r);
	is_int(dn_rates_wanted(&r, day(2028, 3, 2)), day(2028, 2, 29), "the day before the month");
	history("{2026-01-01: 3} until 2026-12-31 by half-year of the day before", 0, &r);
	is_int(dn_rates_wanted(&r, day(2027, 1, 1)), day(2026, 12, 31), "the day before the half-year");
	is_int(dn_rates_wanted(&r, day(2027, 12, 31)), day(2027, 6, 30), "to its last day");
}

static void
names(void)
{
	int			n;
	DnSampleDay which;

	ok(dn_sample_period("half-year", 9, &n) && n == 6, "half-year");
	ok(dn_sample_period("Year", 4, &n) && n == 12, "Year");
	ok(dn_sample_period("quarter", 7, &n) && n == 3, "quarter");
	ok(dn_sample_period("MONTH", 5, &n) && n == 1, "MONTH");
	ok(!dn_sample_period("months", 6, &n) && !dn_sample_period("", 0, &n) && !dn_sample_period("half year", 9, &n), "no other period");
	ok(dn_sample_day("first day", 9, &which) && which == DN_SAMPLE_FIRST, "first day");
	ok(dn_sample_day("day before", 10, &which) && which == DN_SAMPLE_BEFORE, "day before");
	ok(!dn_sample_day("first", 5, &which) && !dn_sample_day("", 0, &which) && !dn_sample_day("last day", 8, &which), "no other sample day");
}

/* Literals a few bytes off: refused with a reason, or read back, and so are the results of all operations on them. */
static void
mutations(void)
{
	static const char *const seeds[] = {
		"ecb {2025-06-11: 2.15, 2026-06-17: 2.40} until 2026-08-23",
		"{2000-01-01: 0.1, 2000-07-02: -0.88, 2001-01-01: -0.88, 2020-02-29: 999.999999}",
		"uk_boe {0001-01-01: -0.000001, 9999-12-31: 1000%}", "s{1999-12-31:-1000}until 9999-12-31",
		"boe {2026-01-01: 3.75, 2026-10-05: unknown, 2026-12-31: 4} until 2027-06-30 by half-year of the day before",
		"u {2024-01-01: 5, 2025-01-01: unknown, 2026-01-01: 6} by year"
	};
	DnRates		other;
	int			accepted = 0,
				computed = 0,
				wrong = 0;
	int			i;

	history("b {2026-01-01: 0.5, 2026-06-20: 3} until 2026-12-31", 1, &other);
	for (i = 0; i < 100000; i++)
	{
		size_t		len,
					out_len,
					again_len;
		char	   *text = mutate(seeds[i % 6], &len);
		DnRates		r,
					out;
		DnError		err = {DN_OK, 0, NULL};
		int			k;

		if (dn_parse_rates(text, len, &rooms[0], &r, &err))
		{
			char	   *once = printed(dn_print_rates, &r, &out_len);
			char	   *twice = NULL;

			accepted++;
			wrong += !dn_parse_rates(once, out_len, &reread, &out, &err);
			twice = printed(dn_print_rates, &out, &again_len);
			wrong += out_len != again_len || memcmp(once, twice, out_len) != 0;
			free(once);
			free(twice);

			for (k = 0; k < 8; k++)
			{
				DnRatesStatus status =
					k == 0 ? dn_rates_add(&r, 1250000, &rooms[2], &out) :
					k == 1 ? dn_rates_multiply(&r, 1500000, &rooms[2], &out) :
					k == 2 ? dn_rates_round_up(&r, 500000, &rooms[2], &out) :
					k == 3 ? dn_rates_greatest(&r, &other, &rooms[2], &out) :
					k == 4 ? dn_rates_greatest(&other, &r, &rooms[2], &out) :
					k == 5 ? dn_rates_restrict(&r, other.from[1], other.until, &rooms[2], &out) :
					dn_rates_sample(&r, k == 6 ? 6 : 3, (DnSampleDay) (k - 6), &rooms[2], &out);

				if (status == DN_RATES_OK)
				{
					computed++;
					wrong += !canonical(&out);
				}
			}
		}
		else
			wrong += err.code == DN_OK || err.at > len || err.what == NULL;
		free(text);
	}
	ok(wrong == 0 && accepted > 10000 && accepted < 95000 && computed > 40000,
	   "mutated histories are refused with a reason or read back (%d accepted, %d results, %d wrong)", accepted, computed, wrong);
}

int
main(void)
{
	walks();
	limits();
	unknown();
	names();
	mutations();
	return done_testing();
}
