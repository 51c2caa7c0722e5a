/* test_wide.c: integers of 128 bits of core/wide.c */
#include "core/wide.h"

#include "mutate.h"
#include "tap.h"

static DnWide
random_wide(void)
{
	DnUWide		v = ((DnUWide) mutate_random(UINT64_MAX) << 64) | mutate_random(UINT64_MAX);

	v >>= mutate_random(128);
	if (mutate_random(4) == 0)
		v = v / 10000 * 10000;
	return (DnWide) v;
}

/* The digits add up to the number again, and neither end is a zero. */
static void
base_digits(void)
{
	int			wrong = 0,
				ends = 0;
	int			i,
				k;

	for (i = 0; i < 300000; i++)
	{
		DnUWide		left = 0;
		DnWide		units = random_wide();
		int			scale = (int) mutate_random(30);
		int16_t		digit[DN_BASE_DIGITS_MAX];
		int			weight;
		int			n = dn_base_digits(units, scale, digit, &weight);
		int			places = (weight - n + 1) * DN_BASE_DECIMALS + scale;	/* zeros after the last digit */

		ends += n > 0 && (digit[0] == 0 || digit[n - 1] == 0);
		ends += n == 0 && (units != 0 || weight != 0);
		for (k = 0; k < n; k++)
		{
			/* the last digit may reach beyond the last decimal */
			int			drop = k == n - 1 && places < 0 ? -places : 0;

			wrong += digit[k] < 0 || digit[k] >= DN_BASE;
			wrong += drop > 3 || digit[k] % (int) dn_power(drop) != 0;
			left = left * (DnUWide) dn_power(DN_BASE_DECIMALS - drop) + (DnUWide) digit[k] / (DnUWide) dn_power(drop);
		}
		for (; n > 0 && places > 0; places--)
			left *= 10;
		wrong += left != dn_magnitude(units);
	}
	is_int(wrong, 0, "digits of base 10000 are the number");
	is_int(ends, 0, "without zeros at either end");
}

static void
amounts(void)
{
	static const struct
	{
		DnWide		units;
		int			scale,
					dscale;
		const char *text;
	}			v[] = {
		{0, 0, 0, "0"},
		{0, 4, 4, "0.0000"},
		{-5, 2, 2, "-0.05"},
		{12345, 2, 4, "123.4500"},
		{INT64_MIN, 0, 0, "-9223372036854775808"},
	};
	char		buf[80];
	DnOut		out = {buf, sizeof(buf), 0};
	size_t		i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
	{
		out.len = 0;
		dn_put_amount(&out, v[i].units, v[i].scale, v[i].dscale);
		buf[out.len] = '\0';
		is_text(buf, v[i].text, "an amount");
	}
	out.len = 0;
	dn_put_amount(&out, (DnWide) ((DnUWide) 1 << 127), DN_WIDE_POWER_MAX, DN_WIDE_POWER_MAX);
	buf[out.len] = '\0';
	is_text(buf, "-1.70141183460469231731687303715884105728", "the least of all");
}

/* Against a search for the nearest multiple. */
static void
quotients(void)
{
	int			wrong = 0;
	int			i;

	for (i = 0; i < 200000; i++)
	{
		DnWide		divisor = 2 * (1 + (DnWide) mutate_random(50));
		DnWide		n = (DnWide) mutate_random(2000) - 1000;
		DnWide		up = dn_round_quotient(n, divisor, false);
		DnWide		even = dn_round_quotient(n, divisor, true);
		DnWide		twice = 2 * (n - up * divisor);

		wrong += twice > divisor || twice < -divisor;
		if (twice == divisor || twice == -divisor)
			wrong += (twice > 0) != (n < 0) || even % 2 != 0 || (even != up && even - up != (n < 0 ? 1 : -1));
		else
			wrong += even != up;
	}
	is_int(wrong, 0, "quotients are rounded to the nearest, half away from zero or to even");
}

static void
edges(void)
{
	ok(dn_fits_int64(INT64_MAX) && dn_fits_int64(INT64_MIN), "the ends of int64 fit it");
	ok(!dn_fits_int64((DnWide) INT64_MAX + 1) && !dn_fits_int64((DnWide) INT64_MIN - 1), "and nothing beyond");
	ok(dn_power(0) == 1 && dn_power(18) == INT64_C(1000000000000000000) &&
	   dn_power(DN_WIDE_POWER_MAX) / dn_power(19) == dn_power(19), "powers of ten");
	ok(dn_magnitude((DnWide) ((DnUWide) 1 << 127)) == (DnUWide) 1 << 127, "the least number has a magnitude");
}

static void
dust(void)
{
	static const struct
	{
		int64_t		units;
		int			scale;
		int64_t		clean;
	}			pair[] = {
		{8541700000000001, 13, 8541700000000000},	/* 854.1700000000001 */
		{-8541700000000001, 13, -8541700000000000},
		{-1, 12, 0},
		{7200067, 4, 7200067},
		{72000670001, 8, 72000670000},
		{123450, 6, 123450},
		{1, 6, 1},				/* what a book may keep */
		{1, 7, 0},
		{9, 7, 0},
		{10, 7, 10},			/* 0.0000010 */
		{123449991, 7, 123450000},	/* nearer from below */
		{123449990, 7, 123449990},
		{333333333333, 10, 333333333333},	/* a third of 100 */
	};
	size_t		i;

	for (i = 0; i < sizeof(pair) / sizeof(pair[0]); i++)
		is_int(dn_without_dust(pair[i].units, pair[i].scale), pair[i].clean, "dust of %lld with %d decimals",
			   (long long) pair[i].units, pair[i].scale);
}

int
main(void)
{
	dust();
	base_digits();
	amounts();
	quotients();
	edges();
	return done_testing();
}
