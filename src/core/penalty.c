/* core/penalty.c: see penalty.h */
#include "penalty.h"

#include <string.h>

#include "days.h"

#define WHAT_AMOUNT \
	"at most " DN_STR(DN_FEE_MAX) " and with at most " DN_STR(DN_FEE_SCALE) " decimals, was expected"

/*
 * The clauses, each at most once in a text but for late fees.  Each has a spelling of its default,
 * by which a rule made of another can be rid of it: floating, act/365, not
 * compounded, rounded once, half up, decimals by currency, grace 0, no least, no
 * most, payments to principal, no compensation, no end, no fee.
 */
typedef enum Clause
{
	SELECTION = 1, DAY_COUNT = 2, COMPOUNDING = 4, ROUNDING = 8, HALF = 16, DECIMALS = 32,
	GRACE = 64, LEAST = 128, MOST = 256, PAYMENTS = 512, COMPENSATION = 1024, END = 2048, FEE = 4096, NO_FEE = 8192
} Clause;

static const char *const clause_what =
	"a clause was expected, each but fee at most once: fixed at start, floating, act/365, act/act, act/360, 30/360, "
	"compounded, not compounded, rounded, half even, half up, decimals, grace, least, most, payments, compensation, "
	"at most, fee, no least, no most, no compensation, no end, no fee";

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

/* All of the words must follow; what is left of them says what was expected. */
static bool
need(DnScan *s, const char *keyword, const char *what)
{
	return dn_keyword(s, keyword) || dn_fail(s, DN_SYNTAX, what);
}

static bool
scan_amount(DnScan *s, int64_t *units)
{
	static const char *const what = "an amount above 0, " WHAT_AMOUNT;
	const char *begin;

	dn_space(s);
	begin = s->p;
	if (!dn_decimal(s, DN_FEE_SCALE, DN_FEE_MAX * DN_FEE_UNIT, units, what))
		return false;
	return *units > 0 || dn_fail_at(s, begin, DN_RANGE, what);
}

/* AMOUNT | PERCENT % | AMOUNT + PERCENT %, then "below" or "to" a limit */
static bool
scan_band(DnScan *s, DnBand *band, int64_t above)
{
	const char *begin;

	memset(band, 0, sizeof(*band));
	if (!dn_percent_follows(s))
	{
		/* a sum of nothing is one of a scale; alone it is refused later */
		band->has_sum = 1;
		dn_space(s);
		begin = s->p;
		if (!dn_decimal(s, DN_FEE_SCALE, DN_FEE_MAX * DN_FEE_UNIT, &band->sum,
						"an amount not below 0, " WHAT_AMOUNT))
			return false;
		if (band->sum < 0)
			return dn_fail_at(s, begin, DN_RANGE, "an amount not below 0, " WHAT_AMOUNT);
	}
	if ((!band->has_sum || dn_char(s, '+')) && !dn_scan_percent(s, &band->percent))
		return false;

	band->inclusive = dn_keyword(s, "to");
	if (!band->inclusive && !dn_keyword(s, "below"))
		return true;
	dn_space(s);
	begin = s->p;
	if (!scan_amount(s, &band->limit))
		return false;
	return band->limit > above ||
		dn_fail_at(s, begin, DN_SYNTAX, "the limits of a compensation must ascend");
}

/* band { , band } CURRENCY [at least AMOUNT] [at most AMOUNT] [if professional] */
static bool
scan_scale(DnScan *s, DnClauses *t, DnBand *band)
{
	int			n = 0;
	const char *begin;

	dn_space(s);
	begin = s->p;
	t->comp_least = t->comp_most = 0;
	t->professional = 0;
	for (;;)
	{
		if (n == DN_BANDS_MAX)
			return dn_fail(s, DN_LIMIT, "a compensation has at most " DN_STR(DN_BANDS_MAX) " bands");
		if (!scan_band(s, &band[n], n > 0 ? band[n - 1].limit : 0))
			return false;
		n++;
		if (band[n - 1].limit == 0)
			break;
		if (!dn_char(s, ','))
			return dn_fail(s, DN_SYNTAX, "\",\" and a last sum without a limit were expected");
	}
	if (n == 1 && band[0].sum == 0 && band[0].percent == 0)
		return dn_fail_at(s, begin, DN_RANGE, "an amount above 0, " WHAT_AMOUNT);
	if (dn_peek(s, ','))
		return dn_fail(s, DN_SYNTAX, "\"below\" or \"to\" and a limit were expected before another sum");
	t->n_bands = (uint8_t) n;
	if (!dn_currency(s, t->currency))
		return false;
	if (dn_keyword(s, "at"))
	{
		bool		least = dn_keyword(s, "least");

		if (least && !scan_amount(s, &t->comp_least))
			return false;
		if (!least || dn_keyword(s, "at"))
		{
			if (!need(s, "most", least ? "\"most\" was expected" : "\"least\" or \"most\" was expected"))
				return false;
			dn_space(s);
			begin = s->p;
			if (!scan_amount(s, &t->comp_most))
				return false;
			if (t->comp_most < t->comp_least)
				return dn_fail_at(s, begin, DN_SYNTAX, "a compensation cannot be at most less than it is at least");
		}
	}
	if (dn_keyword(s, "if"))
	{
		if (!need(s, "professional", "\"professional\" was expected"))
			return false;
		t->professional = 1;
	}
	return true;
}

/* act/365 | act/act | act/360, after "act" */
static bool
scan_actual(DnScan *s, const char *begin, DnClauses *t)
{
	static const char *const what = "one of the day counts act/365, act/act, act/360 and 30/360 was expected";
	int32_t		year;

	if (!dn_char(s, '/'))
		return dn_fail_at(s, begin, DN_SYNTAX, what);
	if (dn_keyword(s, "act"))
	{
		t->day_count = DN_ACT_ACT;
		return true;
	}
	if (!dn_peek(s, '3') || !dn_int(s, 0, 9999, &year, what) || (year != 365 && year != 360))
		return dn_fail_at(s, begin, DN_SYNTAX, what);
	t->day_count = year == 365 ? DN_ACT_365 : DN_ACT_360;
	return true;
}

/* 30/360 | 30E/360, which are one and the same here */
static bool
scan_thirty(DnScan *s, const char *begin, DnClauses *t)
{
	static const char *const what = "the day count 30/360 was expected";
	int32_t		n;

	if (!dn_peek(s, '3') || !dn_int(s, 0, 9999, &n, what) || n != 30)
		return dn_fail_at(s, begin, DN_SYNTAX, clause_what);
	dn_keyword(s, "e");
	if (!dn_char(s, '/') || !dn_peek(s, '3') || !dn_int(s, 0, 9999, &n, what) || n != 360)
		return dn_fail_at(s, begin, DN_SYNTAX, what);
	t->day_count = DN_30_360;
	return true;
}

static bool
scan_compounding(DnScan *s, DnClauses *t)
{
	int32_t		every = 0;

	if (dn_keyword(s, "yearly"))
		t->compounding = DN_COMPOUND_YEARLY;
	else if (dn_keyword(s, "monthly"))
		t->compounding = DN_COMPOUND_MONTHLY;
	else if (dn_keyword(s, "every"))
	{
		t->compounding = DN_COMPOUND_DAYS;
		if (!dn_int(s, 1, DN_EVERY_MAX, &every,
					"a number of days from 1 to " DN_STR(DN_EVERY_MAX) " was expected") ||
			!need(s, "days", "\"days\" was expected"))
			return false;
	}
	else
		return dn_fail(s, DN_SYNTAX, "\"yearly\", \"monthly\" or \"every\" and a number of days was expected");
	t->every = (uint16_t) every;
	return true;
}

static bool
scan_rounding(DnScan *s, DnClauses *t)
{
	if (dn_keyword(s, "once"))
	{
		t->rounding = DN_ROUND_ONCE;
		return true;
	}
	if (!need(s, "each", "\"once\", \"each segment\" or \"each day\" was expected"))
		return false;
	if (dn_keyword(s, "segment"))
		t->rounding = DN_ROUND_SEGMENT;
	else if (dn_keyword(s, "day"))
		t->rounding = DN_ROUND_DAY;
	else
		return dn_fail(s, DN_SYNTAX, "\"segment\" or \"day\" was expected");
	return true;
}

static bool
scan_payments(DnScan *s, DnClauses *t)
{
	if (!need(s, "to", "\"to principal\", \"to interest\" or \"to costs\" was expected"))
		return false;
	if (dn_keyword(s, "principal"))
		t->payments = DN_PAY_PRINCIPAL;
	else if (dn_keyword(s, "interest"))
		t->payments = DN_PAY_INTEREST;
	else if (dn_keyword(s, "costs"))
		t->payments = DN_PAY_COSTS;
	else
		return dn_fail(s, DN_SYNTAX, "\"principal\", \"interest\" or \"costs\" was expected");
	return true;
}

static bool
scan_most(DnScan *s, DnClauses *t)
{
	t->most = t->most_percent = 0;
	return dn_percent_follows(s) ? dn_scan_percent(s, &t->most_percent) : scan_amount(s, &t->most);
}

static bool
scan_half(DnScan *s, DnClauses *t)
{
	t->half_even = dn_keyword(s, "even");
	return t->half_even || need(s, "up", "\"even\" or \"up\" was expected");
}

/* N | by currency, after "decimals" */
static bool
scan_decimals(DnScan *s, DnClauses *t)
{
	int32_t		n = DN_DECIMALS_DEFAULT;

	t->decimals_said = !dn_keyword(s, "by");
	if (t->decimals_said ?
		!dn_int(s, 0, DN_DECIMALS_MAX, &n, "a number of decimals from 0 to " DN_STR(DN_DECIMALS_MAX) " was expected") :
		!need(s, "currency", "\"currency\" was expected"))
		return false;
	t->decimals = (uint8_t) n;
	return true;
}

/* most N days | months | years, after "at": the time that interest runs */
static bool
scan_end(DnScan *s, DnClauses *t)
{
	int32_t		n;

	if (!need(s, "most", "\"most\" was expected") ||
		!dn_int(s, 1, DN_STOP_MAX, &n, "a number of days, months or years from 1 to " DN_STR(DN_STOP_MAX) " was expected"))
		return false;
	if (dn_keyword(s, "days") || dn_keyword(s, "day"))
		t->stop_unit = DN_STOP_DAYS;
	else if (dn_keyword(s, "months") || dn_keyword(s, "month"))
		t->stop_unit = DN_STOP_MONTHS;
	else if (dn_keyword(s, "years") || dn_keyword(s, "year"))
		t->stop_unit = DN_STOP_YEARS;
	else
		return dn_fail(s, DN_SYNTAX, "\"days\", \"months\" or \"years\" was expected");
	t->stop = (uint16_t) n;
	return true;
}

/* least | most | compensation | end, after "no": the rule is without one */
static bool
scan_absence(DnScan *s, DnClauses *t, Clause *clause)
{
	if (dn_keyword(s, "least"))
	{
		*clause = LEAST;
		t->least = 0;
	}
	else if (dn_keyword(s, "most"))
	{
		*clause = MOST;
		t->most = t->most_percent = 0;
	}
	else if (dn_keyword(s, "compensation"))
	{
		*clause = COMPENSATION;
		t->comp_least = t->comp_most = 0;
		t->professional = t->n_bands = 0;
		memset(t->currency, 0, sizeof(t->currency));
	}
	else if (dn_keyword(s, "end"))
	{
		*clause = END;
		t->stop_unit = 0;
		t->stop = 0;
	}
	else if (dn_keyword(s, "fee"))
	{
		*clause = NO_FEE;
		t->n_fees = 0;
	}
	else
		return dn_fail(s, DN_SYNTAX, "\"least\", \"most\", \"compensation\", \"end\" or \"fee\" was expected");
	return true;
}

/* A late fee, the first of the text or one more. */
static bool
scan_fee(DnScan *s, DnClauses *t, DnLateFee *fee, bool first)
{
	if (first)
		t->n_fees = 0;
	if (t->n_fees == DN_LATE_FEES_MAX)
		return dn_fail(s, DN_LIMIT, "a rule has at most " DN_STR(DN_LATE_FEES_MAX) " late fees");
	return dn_scan_late_fee(s, &fee[t->n_fees++]);
}

/*
 * One clause.  "seen" remembers which ones have been there, "uneven" the last
 * one that may conflict with another.
 */
static bool
scan_clause(DnScan *s, DnRuleRoom *room, unsigned *seen, const char **uneven)
{
	DnClauses  *t = &room->terms;
	const char *begin;
	Clause		clause;
	bool		good = true;

	dn_space(s);
	begin = s->p;
	if (dn_keyword(s, "fixed"))
	{
		clause = SELECTION;
		good = need(s, "at", "\"at start\" was expected") && need(s, "start", "\"start\" was expected");
		t->fixed = 1;
	}
	else if (dn_keyword(s, "floating"))
	{
		clause = SELECTION;
		t->fixed = 0;
	}
	else if (dn_keyword(s, "act"))
	{
		clause = DAY_COUNT;
		good = scan_actual(s, begin, t);
	}
	else if (s->p < s->end && digit(*s->p))
	{
		clause = DAY_COUNT;
		good = scan_thirty(s, begin, t);
	}
	else if (dn_keyword(s, "compounded"))
	{
		clause = COMPOUNDING;
		good = scan_compounding(s, t);
	}
	else if (dn_keyword(s, "not"))
	{
		clause = COMPOUNDING;
		good = need(s, "compounded", "\"compounded\" was expected");
		t->compounding = DN_SIMPLE;
		t->every = 0;
	}
	else if (dn_keyword(s, "rounded"))
	{
		clause = ROUNDING;
		good = scan_rounding(s, t);
	}
	else if (dn_keyword(s, "half"))
	{
		clause = HALF;
		good = scan_half(s, t);
	}
	else if (dn_keyword(s, "decimals"))
	{
		clause = DECIMALS;
		good = scan_decimals(s, t);
	}
	else if (dn_keyword(s, "grace"))
	{
		clause = GRACE;
		good = dn_int(s, 0, DN_GRACE_MAX, &t->grace,
					  "a number of grace days from 0 to " DN_STR(DN_GRACE_MAX) " was expected");
		dn_keyword(s, "days");
	}
	else if (dn_keyword(s, "least"))
	{
		clause = LEAST;
		good = scan_amount(s, &t->least);
	}
	else if (dn_keyword(s, "most"))
	{
		clause = MOST;
		good = scan_most(s, t);
	}
	else if (dn_keyword(s, "payments"))
	{
		clause = PAYMENTS;
		good = scan_payments(s, t);
	}
	else if (dn_keyword(s, "compensation"))
	{
		clause = COMPENSATION;
		good = scan_scale(s, t, room->band);
	}
	else if (dn_keyword(s, "at"))
	{
		clause = END;
		good = scan_end(s, t);
	}
	else if (dn_keyword(s, "fee"))
	{
		clause = FEE;
		good = scan_fee(s, t, room->fee, (*seen & FEE) == 0);
	}
	else if (dn_keyword(s, "no"))
	{
		clause = 0;
		good = scan_absence(s, t, &clause);
	}
	else
		return dn_fail(s, DN_SYNTAX, clause_what);

	if (!good)
		return false;
	if (*seen & (clause == FEE ? NO_FEE : clause == NO_FEE ? FEE | NO_FEE : clause))
		return dn_fail_at(s, begin, DN_SYNTAX, clause_what);
	*seen |= clause;
	if (clause == DAY_COUNT || clause == ROUNDING)
		*uneven = begin;
	return true;
}

/* The clauses up to the end of the text, which are then of one mind. */
static bool
scan_clauses(DnScan *s, DnRuleRoom *room)
{
	unsigned	seen = 0;
	const char *uneven = s->start;

	do
	{
		if (!scan_clause(s, room, &seen, &uneven))
			return false;
	} while (dn_char(s, ';'));
	if (!dn_finish(s, "\";\" and a clause, or the end, was expected"))
		return false;
	return dn_clauses_valid(&room->terms) ||
		dn_fail_at(s, uneven, DN_SYNTAX,
				   "interest cannot be rounded each day by 30/360, where not every day weighs the same");
}

/* What holds of the terms of any rule; false for a stored value gone wrong. */
bool
dn_clauses_valid(const DnClauses *t)
{
	return t->day_count <= DN_30_360 && t->compounding <= DN_COMPOUND_DAYS &&
		t->rounding <= DN_ROUND_DAY && t->payments <= DN_PAY_COSTS &&
		t->decimals <= DN_DECIMALS_MAX && t->n_bands <= DN_BANDS_MAX &&
		t->n_fees <= DN_LATE_FEES_MAX && (t->day_count != DN_30_360 || t->rounding != DN_ROUND_DAY) &&
		(t->compounding != DN_COMPOUND_DAYS || t->every > 0) &&
		t->stop_unit <= DN_STOP_YEARS && t->stop <= DN_STOP_MAX && (t->stop_unit == 0) == (t->stop == 0) &&
		(t->decimals_said == 1 || (t->decimals_said == 0 && t->decimals == DN_DECIMALS_DEFAULT));
}

/* What holds of every rule, read or made. */
bool
dn_rule_valid(const DnRule *rule)
{
	const DnClauses *t = rule->terms;
	int32_t		i;

	if (!dn_rates_valid(&rule->rates) || !dn_clauses_valid(t) || rule->cum[0] != 0)
		return false;
	if (t->grace < 0 || t->grace > DN_GRACE_MAX || t->every > DN_EVERY_MAX ||
		t->least < 0 || t->most < 0 || t->most_percent < 0 || t->comp_least < 0 || t->comp_most < 0)
		return false;
	for (i = 0; i < t->n_bands; i++)
	{
		const DnBand *b = &rule->band[i];

		if (b->sum < 0 || b->percent < 0 || b->has_sum > 1 || b->inclusive > 1 ||
			(b->limit == 0) != (i == t->n_bands - 1) ||
			(i > 0 && b->limit != 0 && b->limit <= rule->band[i - 1].limit))
			return false;
	}
	for (i = 0; i < t->n_fees; i++)
		if (!dn_late_fee_valid(&rule->fee[i]))
			return false;
	return true;
}

/* Points a rule at the parts in its room, and sums its rates up. */
static void
settle(DnRuleRoom *room, DnRule *rule)
{
	const DnRates *r = &rule->rates;
	DnDayCount	count = room->terms.day_count;
	int			i;

	rule->terms = &room->terms;
	rule->band = room->band;
	rule->fee = room->fee;
	rule->cum = room->cum;
	for (i = 0; i < r->n; i++)
		room->cum[i] = i < 2 ? 0 : room->cum[i - 1] + (r->rate[i - 1] == DN_RATE_UNKNOWN ? 0 : r->rate[i - 1]) *
			(dn_day_point(count, r->from[i] - 1) - dn_day_point(count, r->from[i - 1] - 1));
	dn_assert(dn_rule_valid(rule));
}

/* rate | history, then clauses, each after a ";" */
bool
dn_parse_rule(const char *text, size_t len, DnRuleRoom *room,
			  DnRule *rule, DnError *err)
{
	DnScan		s;
	DnWord		w;
	bool		ok;

	dn_scan_init(&s, text, len);
	memset(rule, 0, sizeof(*rule));
	memset(&room->terms, 0, sizeof(room->terms));
	room->terms.decimals = DN_DECIMALS_DEFAULT;

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
	if (ok)
		ok = dn_char(&s, ';') ? scan_clauses(&s, room) :
			dn_finish(&s, "\";\" and a clause, or the end, was expected");
	if (ok)
		settle(room, rule);
	else
		*err = s.err;
	return ok;
}

/*
 * The rule that base becomes by the clauses of a text, which may be empty: they
 * take the place of its own.  Where base has no terms, only rates, it has those
 * of a rule without clauses.  The rates stay where base has them.
 */
bool
dn_parse_clauses(const char *text, size_t len, const DnRule *base,
			   DnRuleRoom *room, DnRule *rule, DnError *err)
{
	DnScan		s;

	dn_scan_init(&s, text, len);
	memset(rule, 0, sizeof(*rule));
	rule->rates = base->rates;
	memset(&room->terms, 0, sizeof(room->terms));
	room->terms.decimals = DN_DECIMALS_DEFAULT;
	if (base->terms != NULL)
	{
		room->terms = *base->terms;
		memcpy(room->band, base->band, base->terms->n_bands * sizeof(DnBand));
		memcpy(room->fee, base->fee, base->terms->n_fees * sizeof(DnLateFee));
	}
	if (!dn_at_end(&s) && !scan_clauses(&s, room))
	{
		*err = s.err;
		return false;
	}
	settle(room, rule);
	return true;
}

/* Whether a text is one word, as the name of something else would be. */
bool
dn_is_bare_name(const char *text, size_t len)
{
	DnScan		s;
	DnWord		w;

	dn_scan_init(&s, text, len);
	if (!dn_word(&s, &w))
		return false;
	while (dn_char(&s, '-'))
		if (!dn_word(&s, &w))
			return false;
	return dn_at_end(&s);
}

static void
put_amount(DnOut *out, const char *before, int64_t units)
{
	dn_put(out, before);
	dn_put_decimal(out, units, DN_FEE_SCALE, 2);
}

static void
put_percent(DnOut *out, int64_t units)
{
	dn_put_decimal(out, units, DN_RATE_SCALE, 0);
	dn_put(out, "%");
}

/* The scale of a rule's compensation; nothing if it has none. */
void
dn_print_scale(DnOut *out, const void *value)
{
	const DnRule *rule = value;
	const DnClauses *t = rule->terms;
	int			i;

	for (i = 0; i < t->n_bands; i++)
	{
		const DnBand *b = &rule->band[i];

		if (i > 0)
			dn_put(out, ", ");
		if (b->has_sum)
			put_amount(out, "", b->sum);
		if (b->has_sum && b->percent != 0)
			dn_put(out, " + ");
		if (b->percent != 0)
			put_percent(out, b->percent);
		if (b->limit != 0)
			put_amount(out, b->inclusive ? " to " : " below ", b->limit);
	}
	if (t->n_bands > 0)
	{
		dn_put(out, " ");
		dn_put(out, t->currency);
	}
	if (t->comp_least != 0)
		put_amount(out, " at least ", t->comp_least);
	if (t->comp_most != 0)
		put_amount(out, " at most ", t->comp_most);
	if (t->professional)
		dn_put(out, " if professional");
}

/* The late fees of a rule, as its text has them. */
void
dn_print_late_fees(DnOut *out, const void *value)
{
	const DnRule *rule = value;
	int			i;

	for (i = 0; i < rule->terms->n_fees; i++)
	{
		dn_put(out, i > 0 ? "; fee " : "fee ");
		dn_print_late_fee(out, &rule->fee[i]);
	}
}

/* The time that interest runs at most, of a rule that has one. */
void
dn_print_end(DnOut *out, const void *clauses)
{
	static const char *const units[] = {"", " day", " month", " year"};
	const DnClauses *t = clauses;

	dn_put_int(out, t->stop);
	dn_put(out, units[t->stop_unit]);
	if (t->stop > 1)
		dn_put(out, "s");
}

/* The canonical text of a rule; what a default says stays unwritten. */
void
dn_print_rule(DnOut *out, const void *value)
{
	const DnRule *rule = value;
	const DnClauses *t = rule->terms;

	dn_print_rates(out, &rule->rates);
	if (t->fixed)
		dn_put(out, "; fixed at start");
	if (t->day_count != DN_ACT_365)
	{
		dn_put(out, "; ");
		dn_put(out, dn_daycount_name(t->day_count));
	}
	if (t->compounding == DN_COMPOUND_YEARLY)
		dn_put(out, "; compounded yearly");
	else if (t->compounding == DN_COMPOUND_MONTHLY)
		dn_put(out, "; compounded monthly");
	else if (t->compounding == DN_COMPOUND_DAYS)
	{
		dn_put(out, "; compounded every ");
		dn_put_int(out, t->every);
		dn_put(out, " days");
	}
	if (t->rounding != DN_ROUND_ONCE)
		dn_put(out, t->rounding == DN_ROUND_DAY ? "; rounded each day" : "; rounded each segment");
	if (t->half_even)
		dn_put(out, "; half even");
	if (t->decimals_said)
	{
		dn_put(out, "; decimals ");
		dn_put_int(out, t->decimals);
	}
	if (t->grace != 0)
	{
		dn_put(out, "; grace ");
		dn_put_int(out, t->grace);
	}
	if (t->least != 0)
		put_amount(out, "; least ", t->least);
	if (t->most != 0)
		put_amount(out, "; most ", t->most);
	if (t->most_percent != 0)
	{
		dn_put(out, "; most ");
		put_percent(out, t->most_percent);
	}
	if (t->payments != DN_PAY_PRINCIPAL)
		dn_put(out, t->payments == DN_PAY_COSTS ? "; payments to costs" : "; payments to interest");
	if (t->stop > 0)
	{
		dn_put(out, "; at most ");
		dn_print_end(out, t);
	}
	if (t->n_bands > 0)
	{
		dn_put(out, "; compensation ");
		dn_print_scale(out, rule);
	}
	if (t->n_fees > 0)
	{
		dn_put(out, "; ");
		dn_print_late_fees(out, rule);
	}
}
