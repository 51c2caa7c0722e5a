/* core/penalty.c: see penalty.h */
#include "penalty.h"

#include <string.h>

#include "days.h"

__extension__ typedef __int128 wide;

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

/* cum[i]: the sum of the rates of all days from from[1] to the day before from[i]. */
static void
cumulate(const DnRates *r, int64_t *cum)
{
	int			i;

	for (i = 0; i < r->n; i++)
		cum[i] = i < 2 ? 0 : cum[i - 1] +
			r->rate[i - 1] * ((int64_t) r->from[i] - r->from[i - 1]);
}

/*
 * rate | history, then any of: "; compensation 40.00 EUR", "; grace 5",
 * "; decimals 2", "; act/365".
 */
bool
dn_parse_rule(const char *text, size_t len, DnRuleRoom *room,
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
		ok = dn_scan_rates(&s, &room->rates, &rule->rates);
	else
	{
		/* a constant rate is a history that has always begun and never ends */
		room->rates.from[0] = DN_DAY_EVER;
		rule->rates.n = 1;
		rule->rates.until = DN_DAY_NEVER;
		rule->rates.from = room->rates.from;
		rule->rates.rate = room->rates.rate;
		ok = dn_scan_rate(&s, &room->rates.rate[0]);
	}
	while (ok && dn_char(&s, ';'))
		ok = scan_clause(&s, rule, &seen);
	if (ok && dn_finish(&s, "\";\" and a clause, or the end, was expected"))
	{
		cumulate(&rule->rates, room->cum);
		rule->cum = room->cum;
		return true;
	}
	*err = s.err;
	return false;
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

/*
 * The sum of the rates of the days after + 1 ... upto, both finite and after
 * before upto.  False if the history does not know all of them; *missing is
 * then the first one that it does not know.
 *
 * |sum| <= 1000 % * 2^31 days in units of 10^-6 percent, below 2^62.
 */
bool
dn_rule_sum(const DnRule *rule, int32_t after, int32_t upto,
			int64_t *sum, int32_t *missing)
{
	const DnRates *r = &rule->rates;
	int64_t		first = (int64_t) after + 1;
	int			i,
				k;

	if (!dn_rates_cover(r, after, upto, missing))
		return false;
	i = dn_rates_step(r, (int32_t) first);
	k = dn_rates_step(r, upto);
	if (i == k)
		*sum = r->rate[i] * (upto - (int64_t) after);
	else
		*sum = r->rate[i] * (r->from[i + 1] - first)
			+ (rule->cum[k] - rule->cum[i + 1])
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
	return dn_rule_sum(rule, due_on, as_of, sum, missing) ?
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
