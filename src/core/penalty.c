/* core/penalty.c: see penalty.h */
#include "penalty.h"

#include <string.h>

#include "days.h"

__extension__ typedef __int128 wide;

static const char *const rate_what =
	"an annual rate in percent was expected, at most " DN_STR(DN_RATE_MAX)
	" either way and with at most " DN_STR(DN_RATE_SCALE) " decimals";

/* A rate with or without its percent sign. */
static bool
scan_rate(DnScan *s, int64_t *rate)
{
	if (!dn_decimal(s, DN_RATE_SCALE, DN_RATE_MAX * DN_RATE_UNIT, rate, rate_what))
		return false;
	dn_char(s, '%');
	return true;
}

/*
 * [name] { day: rate, ... } [until day]
 *
 * The days ascend; without "until" the last rate has no end, which is for the
 * user to say of a contract, never for a series that is published.
 */
static bool
scan_rates(DnScan *s, DnRatesRoom *room, DnRates *r)
{
	DnWord		name = {NULL, 0};

	memset(r, 0, sizeof(*r));
	r->from = room->from;
	r->rate = room->rate;
	r->cum = room->cum;
	r->until = DN_DAY_NEVER;

	if (dn_word(s, &name) && name.len > DN_SERIES_MAX)
		return dn_fail_at(s, name.p, DN_LIMIT,
						  "the name of a series has at most " DN_STR(DN_SERIES_MAX) " bytes");
	r->name = name.p;
	r->name_len = name.len;

	if (!dn_char(s, '{'))
		return dn_fail(s, DN_SYNTAX, "\"{\" and the dated rates were expected");
	do
	{
		const char *begin;
		int			i = r->n;

		dn_space(s);
		begin = s->p;
		if (i == DN_RATES_MAX)
			return dn_fail(s, DN_LIMIT, "a rate history has at most " DN_STR(DN_RATES_MAX) " rates");
		if (!dn_date(s, &room->from[i]))
			return false;
		if (i > 0 && room->from[i] <= room->from[i - 1])
			return dn_fail_at(s, begin, DN_SYNTAX, "the days of the rates must ascend");
		if (!dn_char(s, ':'))
			return dn_fail(s, DN_SYNTAX, "\":\" and a rate were expected");
		if (!scan_rate(s, &room->rate[i]))
			return false;
		room->cum[i] = i < 2 ? 0 : room->cum[i - 1] +
			room->rate[i - 1] * ((int64_t) room->from[i] - room->from[i - 1]);
		r->n++;
	} while (dn_char(s, ','));
	if (!dn_char(s, '}'))
		return dn_fail(s, DN_SYNTAX, "\",\" or \"}\" was expected");

	if (dn_keyword(s, "until"))
	{
		const char *begin;

		dn_space(s);
		begin = s->p;
		if (!dn_date(s, &r->until))
			return false;
		if (r->until < room->from[r->n - 1])
			return dn_fail_at(s, begin, DN_SYNTAX, "a history cannot end before its last rate begins");
	}
	return true;
}

bool
dn_parse_rates(const char *text, size_t len, DnRatesRoom *room,
			   DnRates *rates, DnError *err)
{
	DnScan		s;

	dn_scan_init(&s, text, len);
	if (scan_rates(&s, room, rates) &&
		dn_finish(&s, "\"until\" and a day, or the end, was expected"))
		return true;
	*err = s.err;
	return false;
}

/* One "; ..." clause of a rule; "seen" remembers which ones have been there. */
static bool
scan_clause(DnScan *s, DnRule *rule, unsigned *seen)
{
	static const char *const what =
		"one of act/365, compensation, grace and decimals was expected, each at most once";
	enum
	{
		DAY_COUNT = 1, COMPENSATION = 2, GRACE = 4, DECIMALS = 8
	}			clause;
	const char *begin;
	int32_t		basis;

	dn_space(s);
	begin = s->p;
	if (dn_keyword(s, "act"))
	{
		clause = DAY_COUNT;
		if (!dn_char(s, '/') || !dn_int(s, 0, 9999, &basis, what) || basis != 365)
			return dn_fail_at(s, begin, DN_SYNTAX, "the only day count so far is act/365");
	}
	else if (dn_keyword(s, "compensation"))
	{
		clause = COMPENSATION;
		if (!dn_fee(s, &rule->compensation, rule->currency))
			return false;
	}
	else if (dn_keyword(s, "grace"))
	{
		clause = GRACE;
		if (!dn_int(s, 0, DN_GRACE_MAX, &rule->grace,
					"a number of grace days from 0 to " DN_STR(DN_GRACE_MAX) " was expected"))
			return false;
	}
	else if (dn_keyword(s, "decimals"))
	{
		clause = DECIMALS;
		if (!dn_int(s, 0, DN_DECIMALS_MAX, &rule->decimals,
					"a number of decimals from 0 to " DN_STR(DN_DECIMALS_MAX) " was expected"))
			return false;
	}
	else
		return dn_fail(s, DN_SYNTAX, what);

	if (*seen & clause)
		return dn_fail_at(s, begin, DN_SYNTAX, what);
	*seen |= clause;
	return true;
}

/*
 * rate | history, then any of: "; compensation 40.00 EUR", "; grace 5",
 * "; decimals 2", "; act/365".
 */
bool
dn_parse_rule(const char *text, size_t len, DnRatesRoom *room,
			  DnRule *rule, DnError *err)
{
	DnScan		s;
	DnWord		w;
	bool		ok;
	unsigned	seen = 0;

	dn_scan_init(&s, text, len);
	memset(rule, 0, sizeof(*rule));
	rule->decimals = DN_DECIMALS_DEFAULT;

	dn_space(&s);
	ok = dn_peek(&s, '{') || dn_word(&s, &w);
	s.p = s.start;
	if (ok)
		ok = scan_rates(&s, room, &rule->rates);
	else
	{
		/* a constant rate is a history that has always begun and never ends */
		room->from[0] = DN_DAY_EVER;
		room->cum[0] = 0;
		rule->rates.n = 1;
		rule->rates.until = DN_DAY_NEVER;
		rule->rates.from = room->from;
		rule->rates.rate = room->rate;
		rule->rates.cum = room->cum;
		ok = scan_rate(&s, &room->rate[0]);
	}
	while (ok && dn_char(&s, ';'))
		ok = scan_clause(&s, rule, &seen);
	if (ok && dn_finish(&s, "\";\" and a clause, or the end, was expected"))
		return true;
	*err = s.err;
	return false;
}

void
dn_print_rates(DnOut *out, const void *value)
{
	const DnRates *r = value;
	int			i;

	if (r->from[0] == DN_DAY_EVER)
	{
		dn_put_decimal(out, r->rate[0], DN_RATE_SCALE, 2);
		dn_put(out, "%");
		return;
	}
	if (r->name_len > 0)
	{
		dn_put_bytes(out, r->name, r->name_len);
		dn_put(out, " ");
	}
	for (i = 0; i < r->n; i++)
	{
		dn_put(out, i == 0 ? "{" : ", ");
		dn_put_date(out, r->from[i]);
		dn_put(out, ": ");
		dn_put_decimal(out, r->rate[i], DN_RATE_SCALE, 2);
	}
	dn_put(out, "}");
	if (r->until != DN_DAY_NEVER)
	{
		dn_put(out, " until ");
		dn_put_date(out, r->until);
	}
}

/* The canonical text of a rule; what a default says stays unwritten. */
void
dn_print_rule(DnOut *out, const void *value)
{
	const DnRule *rule = value;

	dn_print_rates(out, &rule->rates);
	dn_put_fee(out, "; compensation", rule->compensation, rule->currency);
	if (rule->grace != 0)
	{
		dn_put(out, "; grace ");
		dn_put_int(out, rule->grace);
	}
	if (rule->decimals != DN_DECIMALS_DEFAULT)
	{
		dn_put(out, "; decimals ");
		dn_put_int(out, rule->decimals);
	}
}

/* The step that holds on a day which is not before from[0]. */
static int
step_of(const DnRates *r, int32_t day)
{
	int			low = 0;
	int			high = r->n - 1;

	while (low < high)
	{
		int			mid = (low + high + 1) / 2;

		if (r->from[mid] <= day)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

/* The rate of one day; false if the history does not know it. */
bool
dn_rate_on(const DnRates *r, int32_t day, int64_t *rate)
{
	if (day < r->from[0] || day > r->until)
		return false;
	*rate = r->rate[step_of(r, day)];
	return true;
}

/*
 * The sum of the rates of the days after + 1 ... upto, both finite and after
 * before upto.  False if the history does not know all of them; *missing is
 * then the first one that it does not know.
 *
 * |sum| <= 1000 % * 2^31 days in units of 10^-6 percent, below 2^62.
 */
bool
dn_rates_sum(const DnRates *r, int32_t after, int32_t upto,
			 int64_t *sum, int32_t *missing)
{
	int64_t		first = (int64_t) after + 1;
	int			i,
				k;

	if (first < r->from[0])
	{
		*missing = (int32_t) first;
		return false;
	}
	if (upto > r->until)
	{
		*missing = first > r->until ? (int32_t) first : r->until + 1;
		return false;
	}
	i = step_of(r, (int32_t) first);
	k = step_of(r, upto);
	if (i == k)
		*sum = r->rate[i] * (upto - (int64_t) after);
	else
		*sum = r->rate[i] * (r->from[i + 1] - first)
			+ (r->cum[k] - r->cum[i + 1])
			+ r->rate[k] * ((int64_t) upto - r->from[k] + 1);
	return true;
}

/*
 * Whether a debt due on one day is late on another by a rule, and the sum of
 * the daily rates in between: the first day that counts is the one after the
 * due date, the last one is as_of.  Grace days only say how long nothing is
 * asked; after them the interest counts from the due date.
 */
DnLate
dn_late(const DnRule *rule, int32_t due_on, int32_t as_of,
		int64_t *sum, int32_t *missing)
{
	if (as_of <= due_on || as_of <= dn_day_add(due_on, rule->grace))
		return DN_LATE_NOT;
	if (!dn_day_finite(due_on) || !dn_day_finite(as_of))
		return DN_LATE_ENDLESS;
	return dn_rates_sum(&rule->rates, due_on, as_of, sum, missing) ?
		DN_LATE_YES : DN_LATE_NO_RATE;
}

/*
 * amount (10^-4) times sum (as above), over act/365, in units of 10^-decimals,
 * rounded half away from zero; exact.  False if the result outgrows an int64.
 */
bool
dn_interest(int64_t amount, int64_t sum, int decimals, int64_t *out)
{
	int64_t		divisor = DN_ACT365_DIVISOR;
	int64_t		small;
	int			i;
	wide		product;
	wide		rounded;

	for (i = decimals; i < 4; i++)
		divisor *= 10;
	if (!__builtin_mul_overflow(amount, sum, &small) &&
		small < INT64_MAX / 2 && small > -(INT64_MAX / 2))
	{
		*out = (small + (small < 0 ? -(divisor / 2) : divisor / 2)) / divisor;
		return true;
	}
	product = (wide) amount * sum;
	rounded = (product + (product < 0 ? -(divisor / 2) : divisor / 2)) / divisor;
	if (rounded > INT64_MAX || rounded < -INT64_MAX)
		return false;
	*out = (int64_t) rounded;
	return true;
}
