/* test_balance.c: balance histories of core/balance.c */
#include "core/balance.h"

#include "core/days.h"
#include "mutate.h"
#include "tap.h"

#define MOST 64					/* movements of the histories made here */

/* A history with arrays of its own, of exactly their size for the sanitizer. */
typedef struct Made
{
	DnHistory	h;
	int32_t    *day;
	unsigned char *amount;
} Made;

static void *
block(size_t size)
{
	void	   *p = malloc(size > 0 ? size : 1);

	if (p == NULL)
		abort();
	return p;
}

static void
fill(Made *made, const DnMovement *m)
{
	made->day = block((size_t) made->h.n * sizeof(int32_t));
	made->amount = block((size_t) (made->h.n * made->h.width));
	dn_fill_history(m, &made->h, made->day, made->amount);
	made->h.day = made->day;
	made->h.amount = made->amount;
}

static void
drop(Made *made)
{
	free(made->day);
	free(made->amount);
}

static bool
make(DnMovement *m, int32_t n, int dscale, Made *made)
{
	if (!dn_make_history(m, n, dscale, &made->h))
		return false;
	fill(made, m);
	return true;
}

static bool
parse(const char *text, size_t len, Made *made, DnError *err)
{
	DnMovement *room = block(dn_history_room(text, len) * sizeof(DnMovement));
	bool		good = dn_parse_history(text, len, room, &made->h, err);

	if (good)
		fill(made, room);
	free(room);
	return good;
}

static char *
text_of(const DnHistory *h)
{
	size_t		len;
	char	   *out = printed(dn_print_history, h, &len);
	char	   *text = block(len + 1);

	memcpy(text, out, len);
	text[len] = '\0';
	free(out);
	return text;
}

static bool
same(const DnHistory *a, const DnHistory *b)
{
	return a->n == b->n && a->scale == b->scale && a->dscale == b->dscale && a->width == b->width &&
		memcmp(a->day, b->day, (size_t) a->n * sizeof(int32_t)) == 0 &&
		memcmp(a->amount, b->amount, (size_t) (a->n * a->width)) == 0;
}

static void
good_texts(void)
{
	static const char *const pair[][2] = {
		{"{}", "{}"}, {" { } ", "{}"}, {"{2026-01-15: 0}", "{2026-01-15: 0}"}, {"{2026-01-15:-0.00}", "{2026-01-15: 0.00}"},
		{"{2026-03-02: -500.00, 2026-01-15: 1200}", "{2026-01-15: 1200.00, 2026-03-02: -500.00}"},
		{"{2026-01-15: -1,2026-01-15:+2 , 2026-01-15: 2.5}", "{2026-01-15: 2.5, 2026-01-15: 2.0, 2026-01-15: -1.0}"},
		{"{0001-01-01: 1, 9999-12-31: 2}", "{0001-01-01: 1, 9999-12-31: 2}"},
		{"{2026-01-15: 0.000000000000000001}", "{2026-01-15: 0.000000000000000001}"},
		{"{2026-01-15: 1.50000000000000000000000}", "{2026-01-15: 1.500000000000000000}"},
		{"{2026-01-15: 000000000000000000000000000000000000000001.0}", "{2026-01-15: 1.0}"},
		{"{2026-01-15: 999999999999999999999999999999999999}", "{2026-01-15: 999999999999999999999999999999999999}"},
		{"{2026-01-15: -999999999999999999.999999999999999999}", "{2026-01-15: -999999999999999999.999999999999999999}"},
		{"{2026-01-15: 1000000000000000000000000000000, 2026-01-15: 0.01}", "{2026-01-15: 1000000000000000000000000000000.00, 2026-01-15: 0.01}"},
		{"{2026-01-15: 2147483647, 2026-01-16: -2147483648}", "{2026-01-15: 2147483647, 2026-01-16: -2147483648}"},
		{"{2026-01-15: 2147483648}", "{2026-01-15: 2147483648}"},
		{"{2026-01-15: -9223372036854775808}", "{2026-01-15: -9223372036854775808}"},
		{"{2026-01-15: 9223372036854775808}", "{2026-01-15: 9223372036854775808}"},
	};
	static const int width[] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 16, 16, 16, 4, 8, 8, 16};
	size_t		i;

	for (i = 0; i < sizeof(pair) / sizeof(pair[0]); i++)
	{
		Made		made;
		DnError		err;
		char	   *text;

		if (!ok(parse(pair[i][0], strlen(pair[i][0]), &made, &err), "%s is read", pair[i][0]))
			continue;
		text = text_of(&made.h);
		is_text(text, pair[i][1], "and written");
		is_int(made.h.width, width[i], "in the least width");
		ok(dn_check_history(&made.h), "and whole");
		free(text);
		drop(&made);
	}
}

static void
bad_texts(void)
{
	static const struct
	{
		const char *text;
		DnCode		code;
		size_t		at;
	}			bad[] = {
		{"", DN_SYNTAX, 0}, {"{", DN_SYNTAX, 1}, {"}", DN_SYNTAX, 0}, {"{} x", DN_SYNTAX, 3}, {"{,}", DN_SYNTAX, 1},
		{"{2026-01-15}", DN_SYNTAX, 11}, {"{2026-01-15:}", DN_SYNTAX, 12}, {"{2026-01-15: x}", DN_SYNTAX, 13},
		{"{2026-01-15: 1", DN_SYNTAX, 14}, {"{2026-01-15: 1,}", DN_SYNTAX, 15}, {"{2026-01-15: 1 2026-01-16: 1}", DN_SYNTAX, 15},
		{"{2026-01-15: .5}", DN_SYNTAX, 13}, {"{2026-01-15: 5.}", DN_SYNTAX, 14}, {"{2026-01-15: 1e3}", DN_SYNTAX, 14},
		{"{2026-01-15: - 5}", DN_SYNTAX, 13}, {"{2026-01-15: +-5}", DN_SYNTAX, 13}, {"{::}", DN_SYNTAX, 1},
		{"{15/01/2026: 1}", DN_SYNTAX, 1}, {"{2026-02-29: 1}", DN_DATE, 1}, {"{0000-01-01: 1}", DN_DATE, 1},
		{"{infinity: 1}", DN_DATE, 1}, {"{-infinity: 1}", DN_DATE, 1}, {"{ Infinity: 1}", DN_DATE, 2},
		{"{2026-01-15: NaN}", DN_RANGE, 13}, {"{2026-01-15: -Infinity}", DN_RANGE, 13}, {"{2026-01-15: inf}", DN_RANGE, 13},
		{"{2026-01-15: nanny}", DN_SYNTAX, 13},
		{"{2026-01-15: 0.0000000000000000001}", DN_RANGE, 13},
		{"{2026-01-15: 1000000000000000000000000000000000000}", DN_RANGE, 13},
		{"{2026-01-15: 1000000000000000000.000000000000000001}", DN_RANGE, 13},
		{"{2026-01-15: 100000000000000000000000000000000000, 2026-01-16: 0.1}", DN_RANGE, 0},
	};
	size_t		i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		Made		made;
		DnError		err = {DN_OK, 0, NULL};

		ok(!parse(bad[i].text, strlen(bad[i].text), &made, &err) && err.code == bad[i].code && err.what != NULL,
		   "%s is refused (code %d)", bad[i].text, (int) err.code);
		is_int((int64_t) err.at, (int64_t) bad[i].at, "where the mistake is");
	}
}

/* Ten amounts of 36 digits are 37 digits, eleven are too many; and no more movements than the limit. */
static void
limits(void)
{
	static const char one[] = "2026-01-15: 1, ";
	DnMovement	m[11];
	Made		made;
	DnHistory	h;
	DnError		err = {DN_OK, 0, NULL};
	DnWide		largest = 1;
	int32_t		day;
	int			n;
	int			i;
	char	   *text = block(sizeof(one) * (DN_MOVEMENTS_MAX + 1) + 2);
	size_t		len;

	for (i = 0; i < 36; i++)
		largest *= 10;
	largest--;
	for (n = 10; n <= 11; n++)
	{
		for (i = 0; i < n; i++)
		{
			m[i].units = i % 2 ? -largest : largest;
			m[i].day = i;
			m[i].scale = 18;
		}
		is_int(dn_make_history(m, n, 18, &h), n == 10, "%d amounts of 36 digits", n);
	}
	for (n = DN_MOVEMENTS_MAX; n <= DN_MOVEMENTS_MAX + 1; n++)
	{
		text[0] = '{';
		for (i = 0; i < n; i++)
			memcpy(text + 1 + (size_t) i * (sizeof(one) - 1), one, sizeof(one) - 1);
		len = 1 + (size_t) n * (sizeof(one) - 1) - 2;
		text[len++] = '}';
		if (ok(parse(text, len, &made, &err) == (n == DN_MOVEMENTS_MAX), "%d movements", n) && n == DN_MOVEMENTS_MAX)
			drop(&made);
	}
	is_int(err.code, DN_LIMIT, "are too many");
	free(text);
	dn_day_from_civil(1, 1, 1, &day);
	is_int(DN_MOVEMENT_DAY_MIN, day, "the first day");
	dn_day_from_civil(9999, 12, 31, &day);
	is_int(DN_MOVEMENT_DAY_MAX, day, "the last day");
}

/* Random digits are written as they were read. */
static void
amounts(void)
{
	int			wrong = 0;
	int			i;

	for (i = 0; i < 50000; i++)
	{
		char		text[48];
		char		out[48];
		int			decimals = (int) mutate_random(DN_MOVEMENT_SCALE_MAX + 1);
		int			whole = 1 + (int) mutate_random((uint64_t) (DN_MOVEMENT_DIGITS - decimals));
		size_t		len = 0;
		bool		zero = true;
		DnMovement	m;
		DnScan		s;
		DnOut		o = {out, sizeof(out), 0};
		int			dscale;
		int			k;

		for (k = 0; k < whole + decimals; k++)
		{
			int			d = k == 0 && whole > 1 ? 1 + (int) mutate_random(9) : mutate_random(3) == 0 ? 0 : (int) mutate_random(10);

			if (k == whole)
				text[len++] = '.';
			text[len++] = (char) ('0' + d);
			zero = zero && d == 0;
		}
		if (!zero && mutate_random(2))
		{
			memmove(text + 1, text, len++);
			text[0] = '-';
		}
		dn_scan_init(&s, text, len);
		if (!dn_scan_amount(&s, &m, &dscale) || dscale != decimals || s.p != s.end)
		{
			wrong++;
			continue;
		}
		dn_put_amount(&o, m.units, m.scale, dscale);
		wrong += o.len != len || memcmp(out, text, len) != 0 || (m.scale > 0 && m.units % 10 == 0);
	}
	ok(wrong == 0, "random amounts are written as they were read (%d wrong)", wrong);
}

/* The balance at the end of a day, from movements in no order. */
static int64_t
balance_on(const DnMovement *m, int n, int32_t day)
{
	int64_t		sum = 0;

	while (n-- > 0)
		if (m[n].day <= day)
			sum += (int64_t) m[n].units;
	return sum;
}

/* Whether any debit after the due date comes on a balance below zero of the evening before. */
static bool
charged_again(const DnMovement *m, int n, int32_t due_on)
{
	int			k;

	for (k = 0; k < n; k++)
		if (m[k].units > 0 && m[k].day > due_on && balance_on(m, n, m[k].day - 1) < 0)
			return true;
	return false;
}

/* Random movements against a walk from day to day over what is not sorted. */
static void
answers(void)
{
	int			wrong = 0,
				settled_count = 0,
				reopened = 0,
				overpaid = 0;
	int			i;

	for (i = 0; i < 20000; i++)
	{
		DnMovement	m[MOST],
					shuffled[MOST];
		Made		made,
					other;
		int			n = (int) mutate_random(i % 10 == 0 ? MOST : 6);
		int32_t		span = 1 + (int32_t) mutate_random(40);
		int32_t		base = 9000;
		int32_t		first = INT32_MAX;
		int32_t		settled = 0;
		bool		is_settled = false,
					was_settled = false,
					got;
		int64_t		largest = INT64_MIN;
		int32_t		day = 0,
					due_on;
		DnWide		units = 0;
		int			k;

		for (k = 0; k < n; k++)
		{
			m[k].day = base + (int32_t) mutate_random((uint64_t) span);
			m[k].units = (int64_t) mutate_random(7) - 3;
			m[k].scale = 0;
			if (m[k].day < first)
				first = m[k].day;
			shuffled[k] = m[k];
		}
		for (k = n - 1; k > 0; k--)
		{
			int			at = (int) mutate_random((uint64_t) k + 1);
			DnMovement	t = shuffled[k];

			shuffled[k] = shuffled[at];
			shuffled[at] = t;
		}
		for (day = first; n > 0 && day < base + span; day++)
		{
			int64_t		balance = balance_on(m, n, day);

			if (balance > largest)
				largest = balance;
			if (balance <= 0 && !is_settled)
				settled = day;
			if (is_settled && balance > 0)
				was_settled = true;
			is_settled = balance <= 0;
		}
		if (!make(shuffled, n, 0, &made))
		{
			wrong++;
			continue;
		}
		wrong += !dn_check_history(&made.h) || made.h.n != n;
		for (day = base - 1; day <= base + span; day++)
			wrong += dn_history_open(&made.h, day) != balance_on(m, n, day);
		wrong += dn_history_open(&made.h, DN_DAY_NEVER) != balance_on(m, n, DN_DAY_NEVER) ||
			dn_history_open(&made.h, DN_DAY_EVER) != 0;
		got = dn_history_settled(&made.h, &day);
		wrong += got != is_settled || (got && day != settled);
		got = dn_history_largest(&made.h, &units);
		wrong += got != (n > 0) || (got && units != largest);
		due_on = base + (int32_t) mutate_random((uint64_t) span);
		got = dn_history_overpaid(&made.h, due_on);
		wrong += got != charged_again(m, n, due_on);
		overpaid += got;
		settled_count += is_settled;
		reopened += was_settled && is_settled;
		make(m, n, 0, &other);
		wrong += !same(&made.h, &other.h);
		drop(&made);
		drop(&other);
	}
	ok(wrong == 0 && settled_count > 5000 && reopened > 500 && overpaid > 500 && overpaid < 15000,
	   "the answers are those of a walk from day to day (%d wrong, %d settled, %d reopened, %d overpaid)", wrong, settled_count, reopened, overpaid);
}

/* What is stored may come back damaged: it is refused, or reads back as what it says. */
static void
damage(void)
{
	static const char *const seeds[] = {
		"{2026-01-15: 1200.00, 2026-03-02: -500.00, 2026-03-02: -700.00}", "{2026-01-15: 1200.555, 2026-03-02: -99999999999.5}",
		"{2026-01-15: 1000000000000000000000000000000, 2026-01-15: 0.01}"
	};
	int			refused = 0,
				wrong = 0;
	int			i;

	for (i = 0; i < 60000; i++)
	{
		Made		made;
		DnError		err;
		size_t		size;

		if (!parse(seeds[i % 3], strlen(seeds[i % 3]), &made, &err))
			abort();
		size = (size_t) (made.h.n * made.h.width);
		switch (mutate_random(4))
		{
			case 0:
				made.day[mutate_random((uint64_t) made.h.n)] ^= (int32_t) (UINT32_C(1) << mutate_random(32));
				break;
			case 1:
				made.amount[mutate_random(size)] ^= (unsigned char) (1 << mutate_random(8));
				break;
			case 2:
				made.h.scale = (int) mutate_random(32);
				made.h.dscale = (int) mutate_random(256);
				break;
			default:
				/* fewer bytes an amount, so that the block still holds them */
				made.h.width = made.h.width == 16 ? 8 : 4;
				made.h.n -= (int) mutate_random(2);
		}
		if (!dn_check_history(&made.h))
			refused++;
		else
		{
			char	   *text = text_of(&made.h);
			Made		again;

			if (!parse(text, strlen(text), &again, &err))
				wrong++;
			else
			{
				wrong += !same(&made.h, &again.h);
				drop(&again);
			}
			free(text);
		}
		drop(&made);
	}
	ok(wrong == 0 && refused > 10000 && refused < 59000, "damaged histories are refused or read back (%d refused, %d wrong)", refused, wrong);
}

/* Each invariant by itself. */
static void
invariants(void)
{
	int32_t		days[2] = {10, 20};
	int32_t		units[2] = {5, 15};
	int64_t		wide[2] = {5, 15};
	DnHistory	good = {2, 1, 2, 4, days, (const unsigned char *) units};
	DnHistory	h = good;

	ok(dn_check_history(&h), "a whole history");
	h.scale = 3;
	ok(!dn_check_history(&h), "more decimals than shown");
	h = good;
	h.dscale = DN_MOVEMENT_SCALE_MAX + 1;
	ok(!dn_check_history(&h), "more decimals shown than a movement has");
	h = good;
	h.width = 8;
	h.amount = (const unsigned char *) wide;
	ok(!dn_check_history(&h), "wider than it needs");
	h.width = 5;
	ok(!dn_check_history(&h), "a width that is none");
	h = good;
	h.n = -1;
	ok(!dn_check_history(&h), "fewer movements than none");
	h = good;
	units[0] = 10;
	units[1] = 20;
	ok(!dn_check_history(&h), "more decimals than it needs");
	h.scale = 0;
	days[1] = 10;
	ok(!dn_check_history(&h), "the smaller amount first on one day");
	units[1] = 10;
	ok(dn_check_history(&h), "equal ones on one day");
	days[1] = 9;
	ok(!dn_check_history(&h), "a day before the one before");
	days[1] = DN_MOVEMENT_DAY_MAX + 1;
	ok(!dn_check_history(&h), "a day after the last");
	days[0] = days[1] = DN_MOVEMENT_DAY_MIN - 1;
	ok(!dn_check_history(&h), "a day before the first");
}

static void
mutations(void)
{
	static const char *const seeds[] = {
		"{2026-01-15: 1200.00, 2026-03-02: -500.00}", "{2026-03-02: -500.125, 2026-01-15: 1200, 2026-01-15: +7, 0001-01-01: 0}",
		"{9999-12-31: 100000000000000000.000000000000000001}", "{2026-01-15: 1000000000000000000000000000000, 2026-01-15: 0.01}"
	};
	int			accepted = 0,
				wrong = 0;
	int			i;

	for (i = 0; i < 200000; i++)
	{
		size_t		len;
		char	   *text = mutate(seeds[i % 4], &len);
		DnError		err = {DN_OK, 0, NULL};
		Made		made,
					again;

		if (parse(text, len, &made, &err))
		{
			char	   *out = text_of(&made.h);

			accepted++;
			wrong += !dn_check_history(&made.h);
			if (!parse(out, strlen(out), &again, &err))
				wrong++;
			else
			{
				wrong += !same(&made.h, &again.h);
				drop(&again);
			}
			free(out);
			drop(&made);
		}
		else
			wrong += err.code == DN_OK || err.at > len || err.what == NULL;
		free(text);
	}
	ok(wrong == 0 && accepted > 10000 && accepted < 190000, "mutated histories are refused with a reason or read back (%d accepted, %d wrong)", accepted, wrong);
}

/* Small amounts on few days, so that payments come back, are made again, come back again. */
static void
random_returns(DnMovement *m, int32_t n)
{
	int32_t		i;

	for (i = 0; i < n; i++)
	{
		m[i].units = (DnWide) (1 + mutate_random(3)) * (mutate_random(2) == 0 ? -1 : 1);
		if (mutate_random(10) == 0)
			m[i].units = (DnWide) mutate_random(3) * 1000000007;
		m[i].scale = 0;
		m[i].day = (int32_t) mutate_random(1 + mutate_random(12));
	}
}

/* For each later increase in turn, the latest payment of its amount that is still there. */
static int32_t
naive_returns(const DnHistory *h, int32_t as_of, int32_t *partner)
{
	int32_t		item = DN_DAY_NEVER,
				found = 0;
	int32_t		i,
				k;

	for (i = 0; i < h->n; i++)
		partner[i] = -1;
	for (i = 0; i < h->n; i++)
	{
		int32_t		latest = -1;

		if (dn_history_units(h, i) <= 0 || h->day[i] > as_of)
			continue;
		if (item == DN_DAY_NEVER)
			item = h->day[i];
		if (h->day[i] == item)
			continue;
		for (k = 0; k < h->n; k++)
			if (partner[k] < 0 && h->day[k] <= h->day[i] && dn_history_units(h, k) == -dn_history_units(h, i))
				latest = k;
		if (latest >= 0)
		{
			partner[latest] = i;
			partner[i] = latest;
			found++;
		}
	}
	return found;
}

/* What came back, against a search; what stands has the balance of all, and nothing is used twice. */
static void
returns(void)
{
	int			wrong = 0,
				unbalanced = 0,
				missed = 0,
				with = 0,
				without = 0;
	int			k;

	for (k = 0; k < 50000; k++)
	{
		int32_t		n = (int32_t) mutate_random(k % 2 == 0 ? 6 : MOST + 1);
		int32_t		as_of = mutate_random(4) == 0 ? DN_DAY_NEVER : (int32_t) mutate_random(13) - 1;
		int32_t    *room = block((size_t) n * sizeof(int32_t)),
				   *partner = block((size_t) n * sizeof(int32_t)),
				   *expected = block((size_t) n * sizeof(int32_t));
		DnMovement	m[MOST];
		Made		made,
					stands;
		int32_t		found,
					i,
					day;

		random_returns(m, n);
		if (!make(m, n, 0, &made))
			abort();
		found = dn_history_returns(&made.h, as_of, room, partner);
		wrong += found != naive_returns(&made.h, as_of, expected);
		/* among payments of one amount on one day none is the latest */
		for (i = 0; i < n; i++)
		{
			wrong += (partner[i] < 0) != (expected[i] < 0) &&
				!(i > 0 && made.h.day[i] == made.h.day[i - 1] && dn_history_units(&made.h, i) == dn_history_units(&made.h, i - 1)) &&
				!(i + 1 < n && made.h.day[i] == made.h.day[i + 1] && dn_history_units(&made.h, i) == dn_history_units(&made.h, i + 1));
			if (partner[i] >= 0)
				wrong += partner[partner[i]] != i || dn_history_units(&made.h, i) + dn_history_units(&made.h, partner[i]) != 0 ||
					made.h.day[i] > as_of;
		}
		missed += found > 0 && !dn_history_may_return(&made.h, as_of);
		with += found > 0;
		without += !dn_history_may_return(&made.h, as_of);

		stands.day = block((size_t) n * sizeof(int32_t));
		stands.amount = block((size_t) (n * made.h.width));
		dn_history_stand(&made.h, partner, stands.day, stands.amount, &stands.h);
		unbalanced += stands.h.n != n - 2 * found;
		for (day = -1; day < 14; day++)
		{
			DnWide		gone = 0;

			for (i = 0; i < n; i++)
				if (partner[i] >= 0 && made.h.day[i] <= day)
					gone += dn_history_units(&made.h, i);
			unbalanced += dn_history_open(&stands.h, day) + gone != dn_history_open(&made.h, day) ||
				gone > 0 || (day >= as_of && gone != 0);
		}
		drop(&stands);
		drop(&made);
		free(room);
		free(partner);
		free(expected);
	}
	ok(wrong == 0 && with > 5000 && without > 5000, "payments that came back are those of a search, in %d histories (%d wrong)", with, wrong);
	is_int(missed, 0, "where none can come back, none does");
	is_int(unbalanced, 0, "what stands and what came back add up to the whole");
}

/* What came back of a text by a day, as a text. */
static void
stands(const char *text, int32_t as_of, const char *expected, const char *what)
{
	int32_t		room[MOST],
				partner[MOST],
				day[MOST];
	unsigned char amount[MOST * 16];
	Made		made;
	DnHistory	h;
	DnError		err;
	char	   *out;

	if (!parse(text, strlen(text), &made, &err))
		abort();
	dn_history_returns(&made.h, as_of, room, partner);
	dn_history_stand(&made.h, partner, day, amount, &h);
	out = text_of(&h);
	is_text(out, expected, "%s", what);
	free(out);
	drop(&made);
}

static void
returned(void)
{
	stands("{2020-12-01: 1000, 2021-12-31: -500, 2022-01-10: 500}", DN_DAY_NEVER, "{2020-12-01: 1000}", "a payment that came back");
	stands("{2020-12-01: 1000, 2021-12-31: -500, 2022-01-10: 500}", 8044, "{2020-12-01: 1000, 2021-12-31: -500, 2022-01-10: 500}", "the day before it did not");
	stands("{2020-12-01: 1000, 2021-12-31: -500, 2022-01-10: 500}", 8045, "{2020-12-01: 1000}", "on the day it did");
	stands("{2020-12-01: 1000, 2021-12-31: -1100, 2022-06-30: 1000}", DN_DAY_NEVER, "{2020-12-01: 1000, 2021-12-31: -1100, 2022-06-30: 1000}", "a debit of another amount");
	stands("{2020-12-01: 1000, 2021-01-01: -300, 2021-02-01: -300, 2021-03-01: 300}", DN_DAY_NEVER, "{2020-12-01: 1000, 2021-01-01: -300}", "the latest comes back first");
	stands("{2020-12-01: 1000, 2021-01-01: -300, 2021-02-01: 300, 2021-03-01: -300, 2021-04-01: 300}", DN_DAY_NEVER, "{2020-12-01: 1000}", "twice");
	stands("{2020-12-01: 1000, 2021-01-01: -300, 2021-02-01: 300, 2021-03-01: 300}", DN_DAY_NEVER, "{2020-12-01: 1000, 2021-03-01: 300}", "each once");
	stands("{2020-11-01: -1000, 2020-12-01: 1000}", DN_DAY_NEVER, "{2020-11-01: -1000, 2020-12-01: 1000}", "the item itself returns no advance");
	stands("{2020-12-01: 1000, 2020-12-01: -1000}", DN_DAY_NEVER, "{2020-12-01: 1000, 2020-12-01: -1000}", "nor what was paid on its day");
	stands("{2020-12-01: 1000, 2021-01-01: 300, 2021-01-01: -300}", DN_DAY_NEVER, "{2020-12-01: 1000}", "what came and went on one day is nothing");
	stands("{2020-12-01: 1000, 2021-01-01: 300, 2021-02-01: -300}", DN_DAY_NEVER, "{2020-12-01: 1000, 2021-01-01: 300, 2021-02-01: -300}", "a debit before the payment");
}

/* What becomes of a text if the bank took some of it back, as a text. */
static void
matched(const char *text, const char *back, const char *expected, const char *what)
{
	Made		made,
				taken,
				all;
	DnMovement *m = malloc(200 * sizeof(DnMovement));
	DnMovement	returned[100];
	unsigned char mark[200];
	DnError		err;
	char	   *out;
	int32_t		n,
				i;

	if (!parse(text, strlen(text), &made, &err) || !parse(back, strlen(back), &taken, &err))
		abort();
	for (i = 0; i < made.h.n; i++)
		m[i] = (DnMovement) {dn_history_units(&made.h, i), dn_history_day(&made.h, i), made.h.scale};
	for (i = 0; i < taken.h.n; i++)
	{
		returned[i] = (DnMovement) {dn_history_units(&taken.h, i), dn_history_day(&taken.h, i), taken.h.scale};
		if (!dn_movement_rescale(&returned[i], made.h.scale))
			abort();
	}
	n = dn_match_returns(m, made.h.n, returned, taken.h.n, mark);
	make(m, n, made.h.dscale, &all);
	out = text_of(&all.h);
	is_text(out, expected, "%s", what);
	free(out);
	free(m);
	drop(&made);
	drop(&taken);
	drop(&all);
}

static void
matches(void)
{
	matched("{2026-01-01: 1000, 2026-02-01: -500, 2026-02-10: 500}", "{2026-02-10: 500}", "{2026-01-01: 1000, 2026-02-01: -500, 2026-02-10: 500}", "a return of the amount is one already");
	matched("{2026-01-01: 1000, 2026-02-01: -500, 2026-02-10: 507.5}", "{2026-02-10: 507.5}", "{2026-01-01: 1000.0, 2026-02-01: -500.0, 2026-02-10: 500.0, 2026-02-10: 7.5}", "with the charge of the bank");
	matched("{2026-01-01: 1000, 2026-02-01: -500, 2026-02-10: 507.5}", "{}", "{2026-01-01: 1000.0, 2026-02-01: -500.0, 2026-02-10: 507.5}", "a debit of which nobody says that it is a return");
	matched("{2026-01-01: 1000, 2026-02-01: -500, 2026-02-10: 120}", "{2026-02-10: 120}", "{2026-01-01: 1000, 2026-02-01: -120, 2026-02-01: -380, 2026-02-10: 120}", "a part of a collective payment");
	matched("{2026-01-01: 1000, 2026-02-01: -300, 2026-02-02: -400, 2026-02-03: -20, 2026-02-10: 405}", "{2026-02-10: 405}",
			"{2026-01-01: 1000, 2026-02-01: -300, 2026-02-02: -400, 2026-02-03: -20, 2026-02-10: 400, 2026-02-10: 5}", "the largest smaller payment");
	matched("{2026-01-01: 1000, 2026-02-01: -300, 2026-02-02: -400, 2026-02-10: 100}", "{2026-02-10: 100}",
			"{2026-01-01: 1000, 2026-02-01: -300, 2026-02-02: -100, 2026-02-02: -300, 2026-02-10: 100}", "a part of the latest one");
	matched("{2026-01-01: 1000, 2026-02-01: -300, 2026-02-02: -200, 2026-02-10: 500}", "{2026-02-10: 500}",
			"{2026-01-01: 1000, 2026-02-01: -300, 2026-02-02: -200, 2026-02-10: 300, 2026-02-10: 200}", "two payments in one sum");
	matched("{2026-01-01: 1000, 2026-02-01: -300, 2026-02-10: 300, 2026-02-11: 300}", "{2026-02-11: 300}",
			"{2026-01-01: 1000, 2026-02-01: -300, 2026-02-10: 300, 2026-02-11: 300}", "nothing is left to come back");
	matched("{2026-01-01: 1000, 2026-02-10: 100, 2026-02-11: -90}", "{2026-02-10: 100}", "{2026-01-01: 1000, 2026-02-10: 100, 2026-02-11: -90}", "a payment of later");
	matched("{2026-01-01: 1000, 2026-01-01: -900}", "{2026-01-01: 1000}", "{2026-01-01: 1000, 2026-01-01: -900}", "the item itself");
	matched("{2026-01-01: 1000, 2026-02-01: -500, 2026-02-10: 120, 2026-02-20: 120}", "{2026-02-10: 120, 2026-02-20: 120}",
			"{2026-01-01: 1000, 2026-02-01: -120, 2026-02-01: -120, 2026-02-01: -260, 2026-02-10: 120, 2026-02-20: 120}", "twice a part");
}

static void
overpaid(const char *text, int32_t due_on, bool expected, const char *what)
{
	Made		made;
	DnError		err;

	if (!parse(text, strlen(text), &made, &err))
		abort();
	ok(dn_history_overpaid(&made.h, due_on) == expected, "%s", what);
	drop(&made);
}

/* The due date is 2020-12-15. */
static void
paid_too_much(void)
{
	int32_t		due_on = 7654;

	overpaid("{}", due_on, false, "nothing is not overpaid");
	overpaid("{2020-12-01: 80, 2021-01-01: -100}", due_on, false, "a surplus that nothing follows");
	overpaid("{2020-12-01: 80, 2021-01-01: -100, 2021-01-02: 1}", due_on, true, "a debit after a surplus");
	overpaid("{2020-12-01: 80, 2021-01-01: -100, 2021-01-02: -1, 2021-01-03: 90, 2021-01-04: -69}", due_on, true, "with payments in between and after");
	overpaid("{2020-12-01: 80, 2021-01-01: -80, 2021-01-02: 50, 2021-01-03: -50}", due_on, false, "paid to the cent");
	overpaid("{2020-12-01: 80, 2021-01-01: -100, 2021-01-01: 50}", due_on, false, "within one day the debit comes first");
	overpaid("{2020-11-01: -80, 2020-12-01: 80}", due_on, false, "an advance before the due date");
	overpaid("{2020-11-01: -80, 2020-12-15: 80}", due_on, false, "or on it");
	overpaid("{2020-12-01: 80, 2020-12-10: -100, 2020-12-16: 50}", due_on, true, "a debit after it");
}

int
main(void)
{
	good_texts();
	bad_texts();
	limits();
	amounts();
	answers();
	paid_too_much();
	damage();
	invariants();
	mutations();
	returns();
	returned();
	matches();
	return done_testing();
}
