/* test_late_fee.c: the text of late fees, and the days of their periods */
#include "core/penalty.h"

#include "core/days.h"
#include "mutate.h"
#include "tap.h"

static int32_t
day(int y, int m, int d)
{
	int32_t		out = 0;

	dn_day_from_civil(y, m, d, &out);
	return out;
}

static bool
fee_of(const char *text, DnLateFee *fee, DnError *err)
{
	DnScan		s;
	bool		ok;

	dn_scan_init(&s, text, strlen(text));
	ok = dn_scan_late_fee(&s, fee) && dn_finish(&s, "the end was expected");
	*err = s.err;
	return ok;
}

/* The canonical text of a fee, terminated; NULL for what is refused. */
static const char *
canonical(const char *text)
{
	static char buf[512];
	DnOut		out = {buf, sizeof(buf) - 1, 0};
	DnLateFee	fee;
	DnError		err;

	if (!fee_of(text, &fee, &err))
		return NULL;
	if (!dn_late_fee_valid(&fee))
		return "not valid";
	dn_print_late_fee(&out, &fee);
	buf[out.len] = '\0';
	return buf;
}

static void
grammar(void)
{
	static const char *const good[][2] = {
		{"15.00 USD each started month", "15.00 USD each started month"},
		{"15 usd Each STARTED 1 months", "15.00 USD each started month"},
		{"1 % each full 30 days of the open amount, at most 12 times", "1% each full 30 days at most 12 times"},
		{"1.5% of the original amount each started month", "1.5% of the original amount each started month"},
		{"1.5% each started month of the original amount", "1.5% of the original amount each started month"},
		{"5% once after 5 days", "5% once after 5 days"}, {"5% once after 1", "5% once after 1 day"},
		{"5% once after 0 days at most 250 USD", "5% once after 0 days at most 250.00 USD"},
		{"0.03% each full day after 3 days compounded at most 10%", "0.03% each full day after 3 days compounded at most 10%"},
		{"12.5 EUR each full 2 weeks at most 100 EUR, at most 1 times if professional",
		"12.50 EUR each full 2 weeks at most 1 time at most 100.00 EUR if professional"},
		{"1000% each full 366 years, if professional, compounded, at most 10000 times, after 3650",
		"1000% each full 366 years after 3650 days compounded at most 10000 times if professional"},
		{"0.0001 KWD once", "0.0001 KWD once"}, {"7 CHF each started year", "7.00 CHF each started year"},
	};
	/* a text, and where what is wrong */
	static const struct
	{
		const char *text;
		size_t		at;
		DnCode		code;
	}			bad[] = {
		{"", 0, DN_SYNTAX}, {"15 each started month", 3, DN_SYNTAX}, {"0 USD once", 0, DN_RANGE}, {"-1 USD once", 0, DN_RANGE},
		{"0% once", 0, DN_RANGE}, {"1000.1% once", 0, DN_RANGE}, {"1 USD", 5, DN_SYNTAX}, {"1 USD each month", 11, DN_SYNTAX},
		{"1 USD each started", 18, DN_SYNTAX}, {"1 USD each started 0 days", 19, DN_RANGE}, {"1 USD each started 367 days", 19, DN_RANGE},
		{"1 USD each full fortnight", 16, DN_SYNTAX}, {"1 USD of the open amount once", 6, DN_SYNTAX}, {"1 USD once of the open amount", 11, DN_SYNTAX},
		{"1% of the amount once", 10, DN_SYNTAX}, {"1% of the open once", 15, DN_SYNTAX}, {"1% of the open amount once of the open amount", 27, DN_SYNTAX},
		{"1 USD each full day compounded", 20, DN_SYNTAX}, {"1% once compounded", 8, DN_SYNTAX}, {"1% once at most 3 times", 8, DN_SYNTAX},
		{"1% each full day at most", 24, DN_SYNTAX}, {"1% each full day at most 0 times", 25, DN_RANGE}, {"1% each full day at most 10001 times", 25, DN_RANGE},
		{"1% each full day at most 3 times at most 3 times", 33, DN_SYNTAX}, {"1% each full day at most 3 EUR at most 5%", 31, DN_SYNTAX},
		{"1 USD each full day at most 3 EUR", 20, DN_SYNTAX}, {"1% once after 3651", 14, DN_RANGE}, {"1% once after -1", 14, DN_RANGE},
		{"1% once after 3 after 4", 16, DN_SYNTAX}, {"1% once,", 8, DN_SYNTAX}, {"1% once, 5", 9, DN_SYNTAX}, {"1% once if", 10, DN_SYNTAX},
		{"1% once if professional if professional", 24, DN_SYNTAX}, {"1% each full day compounded compounded", 28, DN_SYNTAX},
		{"1% once twice", 8, DN_SYNTAX}, {"1 EURO once", 2, DN_SYNTAX}
	};
	size_t		i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		is_text(canonical(good[i][0]), good[i][1], "%s", good[i][0]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		DnLateFee	fee;
		DnError		err = {DN_OK, 0, NULL};
		bool		read = fee_of(bad[i].text, &fee, &err);

		ok(!read && err.code == bad[i].code && err.at == bad[i].at && err.what != NULL,
		   "refused: \"%s\" (%d at %d)", bad[i].text, (int) err.code, (int) err.at);
	}
}

/* Words of the grammar in any order: refused with a place, or read back as the same fee. */
static void
words(void)
{
	static const char *const word[] = {
		"1%", "2.5 %", "15.00 USD", "7 EUR", "once", "each", "started", "full", "3", "30", "day", "days", "weeks", "month", "months", "year", "of", "the",
		"open", "original", "amount", "of the open amount", "of the original amount", "after", "after 5", "after 0 days", "compounded", "at", "most", "at most",
		"12 times", "time", "100 USD", "5%", "if", "professional", "if professional", ",", "each started", "each full", "each started month", "each full 30 days"
	};
	const int	trials = cases(200000);
	int			read = 0,
				wrong = 0;
	int			i;

	for (i = 0; i < trials; i++)
	{
		char		text[512] = "";
		int			n = 2 + (int) mutate_random(6);
		DnLateFee	fee,
					again;
		DnError		err = {DN_OK, 0, NULL};

		strcat(text, word[mutate_random(4)]);
		while (--n > 0)
		{
			strcat(text, " ");
			strcat(text, word[mutate_random(sizeof(word) / sizeof(word[0]))]);
		}
		if (fee_of(text, &fee, &err))
		{
			char		first[512];
			DnOut		out = {first, sizeof(first) - 1, 0};

			read++;
			dn_print_late_fee(&out, &fee);
			first[out.len] = '\0';
			wrong += !dn_late_fee_valid(&fee) || !fee_of(first, &again, &err) || memcmp(&fee, &again, sizeof(fee)) != 0 ||
				strcmp(first, canonical(first)) != 0;
		}
		else
			wrong += err.code == DN_OK || err.at > strlen(text) || err.what == NULL;
	}
	ok(wrong == 0 && read > trials / 200, "words in any order (%d of %d read, %d wrong)", read, trials, wrong);
}

/* What a stored fee cannot be. */
static void
validity(void)
{
	DnLateFee	good,
				f;
	DnError		err;
	int			wrong = 0;
	size_t		i;

	fee_of("1% each full 30 days after 5 compounded at most 12 times at most 5 EUR", &good, &err);
	ok(dn_late_fee_valid(&good), "a fee that was read is valid");
	f = good, f.zero = 1, wrong += dn_late_fee_valid(&f);
	f = good, f.percent = 0, wrong += dn_late_fee_valid(&f);
	f = good, f.percent = -1, wrong += dn_late_fee_valid(&f);
	f = good, f.amount = 1, wrong += dn_late_fee_valid(&f);
	f = good, f.unit = DN_FEE_YEARS + 1, wrong += dn_late_fee_valid(&f);
	f = good, f.unit = DN_FEE_ONCE, wrong += dn_late_fee_valid(&f);
	f = good, f.every = 0, wrong += dn_late_fee_valid(&f);
	f = good, f.every = DN_LATE_FEE_EVERY_MAX + 1, wrong += dn_late_fee_valid(&f);
	f = good, f.times = DN_LATE_FEE_TIMES_MAX + 1, wrong += dn_late_fee_valid(&f);
	f = good, f.after = -2, wrong += dn_late_fee_valid(&f);
	f = good, f.after = DN_LATE_FEE_AFTER_MAX + 1, wrong += dn_late_fee_valid(&f);
	f = good, f.currency[0] = '\0', wrong += dn_late_fee_valid(&f);
	f = good, f.currency[3] = 'X', wrong += dn_late_fee_valid(&f);
	f = good, f.most_percent = 5, wrong += dn_late_fee_valid(&f);
	f = good, f.full = 2, wrong += dn_late_fee_valid(&f);
	f = good, f.compounded = 2, wrong += dn_late_fee_valid(&f);
	is_int(wrong, 0, "and nothing else is");
	/* whatever the bytes are, a valid fee prints and reads back */
	wrong = 0;
	for (i = 0; i < 200000; i++)
	{
		char		text[512];
		DnOut		out = {text, sizeof(text) - 1, 0};

		f = good;
		((unsigned char *) &f)[mutate_random(sizeof(f))] = (unsigned char) mutate_random(256);
		((unsigned char *) &f)[mutate_random(sizeof(f))] = (unsigned char) mutate_random(3);
		if (!dn_late_fee_valid(&f) || f.currency[0] < 'A' || f.currency[0] > 'Z' || f.currency[1] < 'A' || f.currency[1] > 'Z' ||
			f.currency[2] < 'A' || f.currency[2] > 'Z')
			continue;
		dn_print_late_fee(&out, &f);
		text[out.len] = '\0';
		wrong += canonical(text) == NULL || strcmp(canonical(text), text) != 0;
	}
	is_int(wrong, 0, "a valid fee prints a text that reads back");
}

/* The day n months after another, by its own arithmetic. */
static int32_t
months_after(int32_t from, int n)
{
	static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int32_t		y;
	int			m,
				d,
				most;

	dn_civil(from, &y, &m, &d);
	for (; n > 0; n--)
		if (++m > 12)
			m = 1, y++;
	most = length[m - 1] + (m == 2 && ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0));
	return day(y, m, d > most ? most : d);
}

/* Whether a day is the last one of a period of a fee; *k is its number. */
static bool
ends_period(const DnLateFee *f, int32_t anchor, int32_t d, int *k)
{
	int			step = f->every * (f->unit == DN_FEE_WEEKS ? 7 : 1);

	if (d <= anchor || f->unit == DN_FEE_ONCE)
		return false;
	if (f->unit == DN_FEE_DAYS || f->unit == DN_FEE_WEEKS)
	{
		*k = (d - anchor) / step;
		return (d - anchor) % step == 0;
	}
	step = f->every * (f->unit == DN_FEE_YEARS ? 12 : 1);
	for (*k = 1; months_after(anchor, *k * step) < d; ++*k)
		;
	return months_after(anchor, *k * step) == d;
}

/* The events of random fees against a walk from day to day. */
static void
periods(void)
{
	const int	trials = cases(1500);
	int			wrong = 0,
				begun = 0,
				charged = 0,
				many = 0;
	int			t;

	for (t = 0; t < trials; t++)
	{
		DnLateFee	fee[4];
		int			n = 1 + (int) mutate_random(4);
		int32_t		due = day(2023, 1, 1) + (int32_t) mutate_random(800);
		int32_t		grace = mutate_random(2) ? 0 : (int32_t) mutate_random(40);
		int32_t		as_of = due + (int32_t) mutate_random(900);
		const char *currency = mutate_random(3) == 0 ? NULL : mutate_random(2) ? "EUR" : "USD";
		const char *named = NULL;
		bool		professional = mutate_random(2);
		DnFees		fees;
		DnFeeEvent	e;
		bool		more;
		int32_t		d;
		int			i;

		for (i = 0; i < n; i++)
		{
			char		text[256];
			DnError		err;
			static const char *const units[] = {"days", "weeks", "months", "years"};
			int			len = sprintf(text, "%s", mutate_random(3) == 0 ? "1%" : mutate_random(2) ? "5 USD" : "7 EUR");

			if (mutate_random(5) == 0)
				len += sprintf(text + len, " once");
			else
				len += sprintf(text + len, " each %s %d %s", mutate_random(2) ? "started" : "full",
							   1 + (int) mutate_random(mutate_random(2) ? 2 : 45), units[mutate_random(4)]);
			if (mutate_random(3) == 0)
				len += sprintf(text + len, " after %d", (int) mutate_random(60));
			if (mutate_random(3) == 0 && strstr(text, "once") == NULL)
				len += sprintf(text + len, " at most %d times", 1 + (int) mutate_random(5));
			if (mutate_random(4) == 0)
				sprintf(text + len, " if professional");
			if (!fee_of(text, &fee[i], &err))
				abort();
			if (named == NULL && fee[i].currency[0] != '\0')
				named = fee[i].currency;
		}
		dn_fees_begin(&fees, fee, n, grace, due, currency, professional);
		more = dn_fees_next(&fees, as_of, &e);
		for (d = due; d <= as_of; d++)
		{
			int			phase;

			for (phase = 0; phase < 2; phase++)
				for (i = 0; i < n; i++)
				{
					const char *mine = currency == NULL ? named : currency;
					int32_t		anchor = due + (fee[i].after < 0 ? grace : fee[i].after);
					int			k = 0;
					bool		begins,
								here;

					if ((fee[i].professional && !professional) || (fee[i].currency[0] != '\0' && strcmp(fee[i].currency, mine) != 0))
						continue;
					/* a period begins where another ends, or at the start */
					begins = d - 1 == anchor || ends_period(&fee[i], anchor, d - 1, &k);
					if (phase == 0 || !fee[i].full)
						here = begins && (fee[i].times == 0 || k < fee[i].times);
					else
						here = ends_period(&fee[i], anchor, d, &k) && (fee[i].times == 0 || k <= fee[i].times);
					if (!here)
						continue;
					if (phase == 0)
						begun++;
					else
						charged++;
					if (!more || e.fee != i || e.day != d || e.charges != (phase == 1) ||
						(!(fee[i].full && phase == 1) && e.from != d) || (fee[i].full && phase == 1 && e.to != d) || e.to < e.from ||
						(fee[i].unit == DN_FEE_ONCE) != (e.to == DN_DAY_NEVER))
						wrong++;
					more = dn_fees_next(&fees, as_of, &e);
				}
		}
		wrong += more;
		many += dn_late_fees_too_many(fee, n, grace, due, as_of);
	}
	ok(wrong == 0 && many == 0 && begun > trials && charged > trials, "the periods of fees are those of a walk from day to day (%d begin, %d fees, %d wrong)",
	   begun, charged, wrong);
}

static void
single(void)
{
	static DnLateFee f[2];
	static DnFees fees;
	DnFeeEvent	e;
	DnError		err;

	/* a month after 31 January; a payment on that day is 30 days, or one month late */
	fee_of("1% each started month", &f[0], &err);
	dn_fees_begin(&fees, f, 1, 0, day(2026, 1, 31), NULL, true);
	ok(dn_fees_next(&fees, DN_INTEREST_LAST, &e) && e.from == day(2026, 2, 1) && e.to == day(2026, 2, 28) && !e.charges, "a month after 31 January ends on 28 February");
	ok(dn_fees_next(&fees, DN_INTEREST_LAST, &e) && e.charges && e.day == day(2026, 2, 1), "its fee arises on its first day");
	ok(dn_fees_next(&fees, DN_INTEREST_LAST, &e) && e.from == day(2026, 3, 1) && e.to == day(2026, 3, 31), "the next one on 31 March");
	ok(!dn_fees_next(&fees, day(2026, 2, 28), &e), "no event comes after the day asked for");
	fee_of("1% each full month", &f[0], &err);
	dn_fees_begin(&fees, f, 1, 0, day(2026, 1, 31), NULL, true);
	ok(dn_fees_next(&fees, day(2026, 2, 28), &e) && dn_fees_next(&fees, day(2026, 2, 28), &e) && e.charges && e.day == day(2026, 2, 28),
	   "the fee of a full period arises on its last day");
	/* the end of the calendar */
	fee_of("1% each started 366 years", &f[0], &err);
	dn_fees_begin(&fees, f, 1, 3650, DN_INTEREST_LAST, NULL, true);
	ok(!dn_fees_next(&fees, DN_INTEREST_LAST, &e), "no period begins beyond the calendar");
	dn_fees_begin(&fees, f, 1, 3650, DN_DAY_NEVER, NULL, true);
	ok(!dn_fees_next(&fees, DN_DAY_NEVER, &e), "nor for what is never due");
	/* how many periods there may be */
	fee_of("1% each started day", &f[0], &err);
	fee_of("1% each started 2 days at most 5 times", &f[1], &err);
	ok(!dn_late_fees_too_many(f, 2, 3, day(2000, 1, 1), day(2000, 1, 4) + DN_LATE_FEE_PERIODS_MAX), "as many periods as there may be");
	ok(dn_late_fees_too_many(f, 2, 3, day(2000, 1, 1), day(2000, 1, 5) + DN_LATE_FEE_PERIODS_MAX), "and one more");
	ok(!dn_late_fees_too_many(f + 1, 1, 3, day(1, 1, 1), DN_INTEREST_LAST), "a fee with a number of times has no more");
	/* whose fee it is */
	fee_of("15 USD once", &f[0], &err);
	fee_of("12 EUR once if professional", &f[1], &err);
	ok(dn_late_fee_applies(f, 2, 0, NULL, true) && !dn_late_fee_applies(f, 2, 1, NULL, true), "without a currency the first one applies");
	ok(!dn_late_fee_applies(f, 2, 0, "EUR", true) && dn_late_fee_applies(f, 2, 1, "EUR", true) && !dn_late_fee_applies(f, 2, 1, "EUR", false),
	   "a fee is one of its currency, and of professionals if it says so");
	ok(!dn_late_fee_applies(f, 2, 0, "CHF", true) && !dn_late_fee_applies(f, 2, 1, "CHF", true), "and of no other currency");
}

int
main(void)
{
	grammar();
	words();
	validity();
	periods();
	single();
	return done_testing();
}
