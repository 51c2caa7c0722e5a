/* core/late_fee.c: see late_fee.h */
#include "late_fee.h"

#include <string.h>

#include "rates.h"

static const char *const detail_what =
	"after, compounded, at most, of the open amount, of the original amount or if professional was expected, each at most once";

static const char *const unit_name[] = {"once", "day", "week", "month", "year"};

static bool
need(DnScan *s, const char *keyword, const char *what)
{
	return dn_keyword(s, keyword) || dn_fail(s, DN_SYNTAX, what);
}

/* the open amount | the original amount, after "of" */
static bool
scan_base(DnScan *s, DnLateFee *fee)
{
	static const char *const what = "\"the open amount\" or \"the original amount\" was expected";

	if (!need(s, "the", what))
		return false;
	fee->of_original = dn_keyword(s, "original");
	return (fee->of_original || need(s, "open", what)) && need(s, "amount", "\"amount\" was expected");
}

/* once | each started [N] unit | each full [N] unit */
static bool
scan_periods(DnScan *s, DnLateFee *fee)
{
	static const char *const what = "\"days\", \"weeks\", \"months\" or \"years\" was expected";
	int32_t		n = 1;

	if (dn_keyword(s, "once"))
		return true;
	if (!need(s, "each", "\"each started\", \"each full\" or \"once\" was expected"))
		return false;
	fee->full = dn_keyword(s, "full");
	if (!fee->full && !need(s, "started", "\"started\" or \"full\" was expected"))
		return false;
	dn_space(s);
	if (s->p < s->end && *s->p >= '0' && *s->p <= '9' &&
		!dn_int(s, 1, DN_LATE_FEE_EVERY_MAX, &n, "a number from 1 to " DN_STR(DN_LATE_FEE_EVERY_MAX) " was expected"))
		return false;
	if (dn_keyword(s, "day") || dn_keyword(s, "days"))
		fee->unit = DN_FEE_DAYS;
	else if (dn_keyword(s, "week") || dn_keyword(s, "weeks"))
		fee->unit = DN_FEE_WEEKS;
	else if (dn_keyword(s, "month") || dn_keyword(s, "months"))
		fee->unit = DN_FEE_MONTHS;
	else if (dn_keyword(s, "year") || dn_keyword(s, "years"))
		fee->unit = DN_FEE_YEARS;
	else
		return dn_fail(s, DN_SYNTAX, what);
	fee->every = (uint16_t) n;
	return true;
}

/* Whether a whole number and "times" follow. */
static bool
times_follow(const DnScan *from)
{
	DnScan		s = *from;

	dn_space(&s);
	while (s.p < s.end && *s.p >= '0' && *s.p <= '9')
		s.p++;
	return dn_keyword(&s, "times") || dn_keyword(&s, "time");
}

/* N times | AMOUNT CURRENCY | PERCENT %, after "at most" */
static bool
scan_limit(DnScan *s, DnLateFee *fee, const char *begin)
{
	char		currency[4];
	int32_t		n;

	if (times_follow(s))
	{
		if (fee->times != 0 || fee->unit == DN_FEE_ONCE)
			return dn_fail_at(s, begin, DN_SYNTAX, detail_what);
		if (!dn_int(s, 1, DN_LATE_FEE_TIMES_MAX, &n, "a number of times from 1 to " DN_STR(DN_LATE_FEE_TIMES_MAX) " was expected"))
			return false;
		fee->times = (uint16_t) n;
		return dn_keyword(s, "times") || dn_keyword(s, "time");
	}
	if ((fee->most | fee->most_percent) != 0)
		return dn_fail_at(s, begin, DN_SYNTAX, detail_what);
	if (dn_percent_follows(s))
		return dn_scan_percent(s, &fee->most_percent);
	if (!dn_fee(s, &fee->most, currency))
		return false;
	if (fee->amount != 0 && memcmp(currency, fee->currency, sizeof(currency)) != 0)
		return dn_fail_at(s, begin, DN_SYNTAX, "the limit of a fee must be in its currency");
	memcpy(fee->currency, currency, sizeof(currency));
	return true;
}

/* One detail; false at the end with no error, if there is none and none is needed. */
static bool
scan_detail(DnScan *s, DnLateFee *fee, bool *base, bool needed)
{
	const char *begin;
	int32_t		n;

	dn_space(s);
	begin = s->p;
	if (dn_keyword(s, "of"))
	{
		if (fee->percent == 0 || *base)
			return dn_fail_at(s, begin, DN_SYNTAX, detail_what);
		*base = true;
		return scan_base(s, fee);
	}
	if (dn_keyword(s, "after"))
	{
		if (fee->after != DN_LATE_FEE_GRACE)
			return dn_fail_at(s, begin, DN_SYNTAX, detail_what);
		if (!dn_int(s, 0, DN_LATE_FEE_AFTER_MAX, &n, "a number of days from 0 to " DN_STR(DN_LATE_FEE_AFTER_MAX) " was expected"))
			return false;
		fee->after = (int16_t) n;
		if (!dn_keyword(s, "days"))
			dn_keyword(s, "day");
		return true;
	}
	if (dn_keyword(s, "compounded"))
	{
		if (fee->compounded || fee->percent == 0 || fee->unit == DN_FEE_ONCE)
			return dn_fail_at(s, begin, DN_SYNTAX, fee->compounded ? detail_what : "only a percentage by period can be compounded");
		fee->compounded = 1;
		return true;
	}
	if (dn_keyword(s, "at"))
		return need(s, "most", "\"most\" was expected") && scan_limit(s, fee, begin);
	if (dn_keyword(s, "if"))
	{
		if (fee->professional)
			return dn_fail_at(s, begin, DN_SYNTAX, detail_what);
		fee->professional = 1;
		return need(s, "professional", "\"professional\" was expected");
	}
	if (needed)
		dn_fail(s, DN_SYNTAX, detail_what);
	return false;
}

/* A fee, after the word. */
bool
dn_scan_late_fee(DnScan *s, DnLateFee *fee)
{
	bool		base = false;
	bool		comma;

	memset(fee, 0, sizeof(*fee));
	fee->after = DN_LATE_FEE_GRACE;
	if (!dn_percent_follows(s))
	{
		if (!dn_fee(s, &fee->amount, fee->currency))
			return false;
	}
	else if (!dn_scan_percent(s, &fee->percent))
		return false;
	else if (dn_keyword(s, "of"))
	{
		base = true;
		if (!scan_base(s, fee))
			return false;
	}
	if (!scan_periods(s, fee))
		return false;
	do
		comma = dn_char(s, ',');
	while (scan_detail(s, fee, &base, comma));
	return s->err.code == DN_OK;
}

/* What holds of every fee, read or stored. */
bool
dn_late_fee_valid(const DnLateFee *f)
{
	const int64_t amounts = DN_FEE_MAX * DN_FEE_UNIT;
	const int64_t percents = DN_PERCENT_MAX * DN_RATE_UNIT;
	bool		once = f->unit == DN_FEE_ONCE;

	return f->amount >= 0 && f->amount <= amounts && f->percent >= 0 && f->percent <= percents &&
		(f->amount == 0) != (f->percent == 0) && f->most >= 0 && f->most <= amounts &&
		f->most_percent >= 0 && f->most_percent <= percents && (f->most == 0 || f->most_percent == 0) &&
		f->after >= DN_LATE_FEE_GRACE && f->after <= DN_LATE_FEE_AFTER_MAX &&
		f->unit <= DN_FEE_YEARS && f->every <= DN_LATE_FEE_EVERY_MAX && once == (f->every == 0) &&
		f->times <= DN_LATE_FEE_TIMES_MAX && f->full <= 1 && f->of_original <= 1 && f->compounded <= 1 && f->professional <= 1 &&
		!(once && (f->full || f->compounded || f->times != 0)) &&
		!(f->percent == 0 && (f->of_original || f->compounded)) &&
		f->currency[3] == '\0' && (f->currency[0] != '\0') == ((f->amount | f->most) != 0) && f->zero == 0;
}

/* The canonical text, without the word "fee"; what a default says stays unwritten. */
void
dn_print_late_fee(DnOut *out, const void *value)
{
	const DnLateFee *f = value;

	if (f->percent == 0)
	{
		dn_put_decimal(out, f->amount, DN_FEE_SCALE, 2);
		dn_put(out, " ");
		dn_put(out, f->currency);
	}
	else
	{
		dn_put_decimal(out, f->percent, DN_RATE_SCALE, 0);
		dn_put(out, f->of_original ? "% of the original amount" : "%");
	}
	if (f->unit == DN_FEE_ONCE)
		dn_put(out, " once");
	else
	{
		dn_put(out, f->full ? " each full " : " each started ");
		if (f->every > 1)
		{
			dn_put_int(out, f->every);
			dn_put(out, " ");
		}
		dn_put(out, unit_name[f->unit]);
		if (f->every > 1)
			dn_put(out, "s");
	}
	if (f->after != DN_LATE_FEE_GRACE)
	{
		dn_put(out, " after ");
		dn_put_int(out, f->after);
		dn_put(out, f->after == 1 ? " day" : " days");
	}
	if (f->compounded)
		dn_put(out, " compounded");
	if (f->times != 0)
	{
		dn_put(out, " at most ");
		dn_put_int(out, f->times);
		dn_put(out, f->times == 1 ? " time" : " times");
	}
	dn_put_fee(out, " at most", f->most, f->currency);
	if (f->most_percent != 0)
	{
		dn_put(out, " at most ");
		dn_put_decimal(out, f->most_percent, DN_RATE_SCALE, 0);
		dn_put(out, "%");
	}
	if (f->professional)
		dn_put(out, " if professional");
}

/* Whether a fee of a rule is one of debts in a currency, which may be NULL, and of such debtors. */
bool
dn_late_fee_applies(const DnLateFee *fee, int n, int i, const char *currency, bool professional)
{
	int			k;

	if (fee[i].professional && !professional)
		return false;
	if (fee[i].currency[0] == '\0')
		return true;
	for (k = 0; currency == NULL && k < n; k++)
		if (fee[k].currency[0] != '\0')
			currency = fee[k].currency;
	return strcmp(fee[i].currency, currency) == 0;
}

/* The day from which the periods count. */
static int32_t
anchor_of(const DnLateFee *fee, int32_t grace, int32_t due_on)
{
	return dn_day_add(due_on, fee->after == DN_LATE_FEE_GRACE ? grace : fee->after);
}

/* The last day of period k; of period 0 the day from which they count. */
static int32_t
period_end(const DnLateFee *fee, int32_t anchor, int64_t k)
{
	k *= fee->every;
	switch (fee->unit)
	{
		case DN_FEE_DAYS:
			return dn_day_add(anchor, k);
		case DN_FEE_WEEKS:
			return dn_day_add(anchor, k * 7);
		case DN_FEE_MONTHS:
			return dn_add_months(anchor, k);
		case DN_FEE_YEARS:
			return dn_add_months(anchor, k * 12);
		default:
			return DN_DAY_NEVER;
	}
}

/* Whether a fee has begun more periods by as_of than are computed. */
bool
dn_late_fees_too_many(const DnLateFee *fee, int n, int32_t grace, int32_t due_on, int32_t as_of)
{
	int			i;

	for (i = 0; i < n; i++)
		if (fee[i].times == 0 && fee[i].unit != DN_FEE_ONCE &&
			period_end(&fee[i], anchor_of(&fee[i], grace, due_on), DN_LATE_FEE_PERIODS_MAX) < as_of)
			return true;
	return false;
}

/* Puts the first event of the next period of a fee in its place, if there is one. */
static void
next_period(DnFees *s, int i)
{
	const DnLateFee *fee = &s->fee[i];
	DnFeeEvent *e = &s->next[i];
	int32_t		k = e->period++;

	if (k > 0 && (fee->unit == DN_FEE_ONCE || k == fee->times))
	{
		s->anchor[i] = DN_DAY_NEVER;
		return;
	}
	e->fee = i;
	e->from = dn_day_add(k == 0 ? s->anchor[i] : e->to, 1);
	e->to = period_end(fee, s->anchor[i], (int64_t) k + 1);
	e->day = e->from;
	e->charges = false;
}

/* Begins with the fees that apply to a debt: see dn_late_fee_applies. */
void
dn_fees_begin(DnFees *s, const DnLateFee *fee, int n, int32_t grace, int32_t due_on,
			  const char *currency, bool professional)
{
	int			i;

	s->fee = fee;
	s->n = n;
	for (i = 0; i < n; i++)
	{
		s->anchor[i] = dn_late_fee_applies(fee, n, i, currency, professional) ?
			anchor_of(&fee[i], grace, due_on) : DN_DAY_NEVER;
		s->next[i].period = 0;
		if (s->anchor[i] != DN_DAY_NEVER)
			next_period(s, i);
	}
}

/*
 * The next event up to a day.  On one day the periods begin first, each then
 * before the fees of that day, and then the fees arise, both in the order of the
 * rule.
 */
bool
dn_fees_next(DnFees *s, int32_t upto, DnFeeEvent *event)
{
	int			best = -1;
	int			i;

	for (i = 0; i < s->n; i++)
	{
		const DnFeeEvent *e = &s->next[i];

		if (s->anchor[i] == DN_DAY_NEVER || e->day > upto)
			continue;
		if (best < 0 || e->day < s->next[best].day || (e->day == s->next[best].day && s->next[best].charges && !e->charges))
			best = i;
	}
	if (best < 0)
		return false;
	*event = s->next[best];
	if (event->charges)
		next_period(s, best);
	else
	{
		s->next[best].charges = true;
		s->next[best].day = s->fee[best].full ? event->to : event->from;
	}
	return true;
}
