/* core/procedure.c: see procedure.h */
#include "procedure.h"

#include <string.h>

#define CLAUSES "fee, min, wait, repeat and manual"

static const char *const channel_what =
	"a channel such as email was expected, at most " DN_STR(DN_CHANNEL_MAX) " letters, digits and _";
static const char *const label_what =
	"a label has at most " DN_STR(DN_LABEL_MAX) " bytes";
static const char *const wait_what =
	"a number of days from 1 to " DN_STR(DN_WAIT_MAX) " was expected";
static const char *const event_order_what =
	"the steps of a rejection or a broken promise must be in the order of their days";
static const char *const order_what =
	"the steps must be in the order of their days, whatever the due date is";

/* Goes on from the rule of the step before. */
static void
plan_step(DnWhen *rule, const DnStep *step)
{
	if (step->after == 0)
		*rule = step->when;
	else if (rule->end_of_month)
		rule->plus += step->after;
	else
		rule->days += step->after;
}

/* No n months that follow one another have fewer days. */
static int64_t
least_of_months(int32_t n)
{
	static const int16_t days[12] = {0, 28, 59, 89, 120, 150, 181, 212, 242, 273, 303, 334};

	return (int64_t) 365 * (n / 12) + days[n % 12];
}

/* Nor more: every fourth year is a leap year at most. */
static int64_t
most_of_months(int32_t n)
{
	static const int16_t days[12] = {0, 31, 62, 92, 123, 153, 184, 215, 245, 276, 306, 337};

	return (int64_t) 365 * (n / 12) + (n / 12 + 3) / 4 + days[n % 12];
}

/* The fewest days from a due date to the day of a rule. */
static int64_t
least_days(const DnWhen *r)
{
	return least_of_months(r->months) + r->days + (int64_t) r->plus;
}

static int64_t
most_days(const DnWhen *r)
{
	return most_of_months(r->months) + r->days + (r->end_of_month ? 30 : 0) + r->plus;
}

/*
 * Whatever the due date is, b comes at least so many days after a.
 *
 * The days that both can have are compared.  Two rules that count months or an
 * end of month from one due date also have days in months that are a known number
 * of months apart, which says more: "end of month" is before "1 month", although
 * it can be 30 days after the due date and a month only 28.  Days before an end of
 * month can lead into any month, so of such rules only the first is said.
 */
static int64_t
least_between(const DnWhen *a, const DnWhen *b)
{
	int64_t		least;
	int64_t		by_months;
	int64_t		more = (int64_t) (b->end_of_month ? b->plus : b->days) - (a->end_of_month ? a->plus : a->days);
	int32_t		apart = b->months - a->months;

	/* most ladders, and asked for each item */
	if (a->months == 0 && b->months == 0 && !a->end_of_month && !b->end_of_month)
		return more;
	least = least_days(b) - most_days(a);
	/* from the same day before the end of its month */
	if (a->end_of_month && b->end_of_month && a->months == b->months && a->days <= b->days)
		by_months = b->plus - a->plus;
	else if ((a->end_of_month && a->days != 0) || (b->end_of_month && b->days != 0))
		return least;
	/* from the end of a month to a day that may be the first of one */
	else if (a->end_of_month && !b->end_of_month)
		by_months = more + 1 + (apart > 0 ? least_of_months(apart - 1) : -most_of_months(1 - apart));
	else
		by_months = more + (apart >= 0 ? least_of_months(apart) : -most_of_months(-apart));
	return by_months > least ? by_months : least;
}

/*
 * Whether step i is not before the step before it.  The rule is that of the step
 * before, and then that of step i.
 */
static bool
in_order(DnWhen *rule, const DnStep *step, int i)
{
	DnWhen		before = *rule;

	plan_step(rule, &step[i]);
	return i == 0 || least_between(&before, rule) >= 0;
}

/* The word "days" may follow a number of them. */
static bool
scan_days(DnScan *s, int32_t least, int32_t most, int32_t *days, const char *what)
{
	if (!dn_int(s, least, most, days, what))
		return false;
	if (!dn_keyword(s, "days"))
		(void) dn_keyword(s, "day");
	return true;
}

/* Whether a step stands here, and not an option. */
static bool
at_step(const DnScan *from)
{
	DnScan		s = *from;

	dn_space(&s);
	return (s.p < s.end && (*s.p == '+' || *s.p == '-' || (*s.p >= '0' && *s.p <= '9'))) ||
		dn_keyword(&s, "after") || dn_keyword(&s, "reject") || dn_keyword(&s, "broken") || dn_scan_end_of_month(&s);
}

/* The day of a step */
static bool
scan_day(DnScan *s, DnStep *step, bool first)
{
	const char *begin;

	dn_space(s);
	begin = s->p;
	if (dn_keyword(s, "after"))
	{
		if (first)
			return dn_fail_at(s, begin, DN_SYNTAX, "the first step cannot be after another one");
		return scan_days(s, 1, DN_WAIT_MAX, &step->after, wait_what);
	}
	return dn_scan_when(s, DN_OFFSET_MAX, &step->when);
}

/* Amounts, each in a currency of its own */
static bool
scan_amounts(DnScan *s, DnProcedureRoom *room, DnProcedure *p, uint8_t *n)
{
	do
	{
		DnAmount   *amount = &room->amount[p->n_amounts];
		const char *begin;
		int			i;

		dn_space(s);
		begin = s->p;
		if (*n == DN_AMOUNTS_MAX)
			return dn_fail(s, DN_LIMIT, "a fee or a minimum has at most " DN_STR(DN_AMOUNTS_MAX) " currencies");
		memset(amount, 0, sizeof(*amount));
		if (!dn_fee(s, &amount->units, amount->currency))
			return false;
		for (i = 1; i <= *n; i++)
			if (memcmp(amount[-i].currency, amount->currency, sizeof(amount->currency)) == 0)
				return dn_fail_at(s, begin, DN_SYNTAX, "each currency can stand once only");
		p->n_amounts++;
		(*n)++;
	} while (dn_char(s, ','));
	return true;
}

static bool
scan_percent(DnScan *s, int32_t *found)
{
	static const char *const what =
		"a percentage above 0, at most " DN_STR(DN_FEE_PERCENT_MAX) " and with at most "
		DN_STR(DN_FEE_PERCENT_SCALE) " decimals, was expected";
	const char *begin;
	int64_t		percent;

	dn_space(s);
	begin = s->p;
	if (!dn_decimal(s, DN_FEE_PERCENT_SCALE, DN_FEE_PERCENT_MAX * DN_FEE_PERCENT_UNIT, &percent, what))
		return false;
	if (percent <= 0)
		return dn_fail_at(s, begin, DN_RANGE, what);
	*found = (int32_t) percent;
	return dn_char(s, '%') || dn_fail(s, DN_SYNTAX, "\"%\" was expected");
}

static bool
scan_fee(DnScan *s, DnProcedureRoom *room, DnProcedure *p, DnStep *step)
{
	if (!dn_percent_follows(s))
	{
		if (!scan_amounts(s, room, p, &step->n_fee))
			return false;
		if (!dn_char(s, '+'))
			return true;
	}
	return scan_percent(s, &step->fee_percent);
}

static bool
scan_min(DnScan *s, DnProcedureRoom *room, DnProcedure *p, DnStep *step)
{
	if (!dn_percent_follows(s))
	{
		if (!scan_amounts(s, room, p, &step->n_min))
			return false;
		if (!dn_keyword(s, "and"))
			return true;
	}
	return scan_percent(s, &step->min_percent);
}

/* Puts the amounts of a fee before those of the minimum. */
static void
fee_first(DnAmount *amount, int n_min, int n_fee)
{
	DnAmount	min[DN_AMOUNTS_MAX];

	memcpy(min, amount, (size_t) n_min * sizeof(DnAmount));
	memmove(amount, amount + n_min, (size_t) n_fee * sizeof(DnAmount));
	memcpy(amount + n_fee, min, (size_t) n_min * sizeof(DnAmount));
}

/*
 * The clauses of a step, each at most once.  The amounts of the minimum stand
 * behind those of the fee, whichever is said first.
 */
static bool
scan_step_clauses(DnScan *s, DnProcedureRoom *room, DnProcedure *p, DnStep *step)
{
	step->amount = (uint16_t) p->n_amounts;
	for (;;)
	{
		const char *begin;
		bool		again;

		dn_space(s);
		begin = s->p;
		if (dn_keyword(s, "fee"))
		{
			again = step->n_fee != 0 || step->fee_percent != 0;
			if (!again && !scan_fee(s, room, p, step))
				return false;
			if (!again && step->n_min > 0)
				fee_first(room->amount + step->amount, step->n_min, step->n_fee);
		}
		else if (dn_keyword(s, "min"))
		{
			again = step->n_min != 0 || step->min_percent != 0;
			if (!again && !scan_min(s, room, p, step))
				return false;
		}
		else if (dn_keyword(s, "wait"))
		{
			again = step->wait != 0;
			if (!scan_days(s, 1, DN_WAIT_MAX, &step->wait, wait_what))
				return false;
		}
		else if (dn_keyword(s, "repeat"))
		{
			again = step->repeat != 0;
			(void) dn_keyword(s, "every");
			if (!scan_days(s, 1, DN_WAIT_MAX, &step->repeat, wait_what))
				return false;
		}
		else if (dn_keyword(s, "manual"))
		{
			again = step->manual != 0;
			step->manual = 1;
		}
		else
			return true;
		if (again)
			return dn_fail_at(s, begin, DN_SYNTAX, "a step says " CLAUSES " at most once each");
	}
}

static bool
same_channel(const DnStep *a, const DnStep *b, const char *texts)
{
	return a->channel_len == b->channel_len && memcmp(texts + a->text, texts + b->text, b->channel_len) == 0;
}

/* Whether step i of an event comes after those of the same event and code. */
static bool
event_in_order(const DnStep *step, int first, int i)
{
	int			k;

	for (k = first; k < i; k++)
		if (step[k].when.event == step[i].when.event && memcmp(step[k].when.code, step[i].when.code, DN_CODE_MAX) == 0 &&
			step[k].when.days > step[i].when.days)
			return false;
	return true;
}

static bool
event_known_before(const DnStep *step, int first, int i, const char *texts)
{
	int			k;

	for (k = first; k < i; k++)
		if (dn_same_when(&step[k].when, &step[i].when) && same_channel(&step[k], &step[i], texts))
			return true;
	return false;
}

/*
 * Whether a step before step i has its planned day and its channel.  Those of
 * one day stand side by side.
 */
static bool
known_before(const DnStep *step, int i, const char *texts)
{
	DnWhen		when[DN_STEPS_MAX];
	int			k;

	memset(when, 0, sizeof(when));
	for (k = 0; k <= i; k++)
	{
		if (k > 0)
			when[k] = when[k - 1];
		plan_step(&when[k], &step[k]);
	}
	for (k = 0; k < i; k++)
		if (dn_same_when(&when[k], &when[i]) && same_channel(&step[k], &step[i], texts))
			return true;
	return false;
}

static bool
scan_step(DnScan *s, DnProcedureRoom *room, DnProcedure *p, DnWhen *rule)
{
	const char *begin;
	DnStep	   *step;
	DnWord		channel;
	size_t		i,
				label_len = 0;

	dn_space(s);
	begin = s->p;
	if (dn_steps(p) == DN_STEPS_MAX)
		return dn_fail(s, DN_LIMIT, "a procedure has at most " DN_STR(DN_STEPS_MAX) " steps");
	step = &room->step[dn_steps(p)];
	memset(step, 0, sizeof(*step));
	if (!scan_day(s, step, p->n == 0))
		return false;
	if (!step->when.event && p->n > 0 && room->step[p->n - 1].repeat != 0)
		return dn_fail_at(s, begin, DN_SYNTAX, "no step can follow one that repeats");
	if (step->when.event && p->n == 0)
		return dn_fail_at(s, begin, DN_SYNTAX, "a step that counts from the due date must be the first one");
	if (!step->when.event && p->events > 0)
		return dn_fail_at(s, begin, DN_SYNTAX, "the steps of rejections and broken promises must be the last ones");
	if (step->when.event ? !event_in_order(room->step, p->n, dn_steps(p)) : !in_order(rule, room->step, p->n))
		return dn_fail_at(s, begin, DN_SYNTAX, step->when.event ? event_order_what : order_what);

	dn_space(s);
	begin = s->p;
	if (!dn_word(s, &channel))
		return dn_fail(s, DN_SYNTAX, channel_what);
	if (channel.len > DN_CHANNEL_MAX)
		return dn_fail_at(s, begin, DN_LIMIT, channel_what);
	if (dn_is(channel, "day") || dn_is(channel, "days") || dn_is(channel, "month") || dn_is(channel, "months"))
		return dn_fail_at(s, begin, DN_SYNTAX, "a channel that is not called day, days, month or months was expected");
	step->text = (uint16_t) p->texts_len;
	step->channel_len = (uint8_t) channel.len;
	for (i = 0; i < channel.len; i++)
		room->texts[p->texts_len++] =
			(char) (channel.p[i] >= 'A' && channel.p[i] <= 'Z' ? channel.p[i] - 'A' + 'a' : channel.p[i]);

	if (dn_peek(s, '"'))
	{
		if (!dn_quoted(s, room->texts + p->texts_len, DN_LABEL_MAX, &label_len, label_what))
			return false;
		step->label_len = (uint8_t) label_len;
		p->texts_len += label_len;
	}
	if (step->when.event ? event_known_before(room->step, p->n, dn_steps(p), room->texts) : known_before(room->step, p->n, room->texts))
		return dn_fail_at(s, begin, DN_SYNTAX, "two steps of one day must have different channels");
	if (step->when.event)
		p->events++;
	else
		p->n++;
	dn_space(s);
	begin = s->p;
	if (!scan_step_clauses(s, room, p, step))
		return false;
	if (step->when.event && step->min_percent != 0)
		return dn_fail_at(s, begin, DN_SYNTAX, "a step of a rejection or a broken promise has no minimum in percent");
	return !step->when.event || step->repeat == 0 || dn_fail_at(s, begin, DN_SYNTAX, "a step of a rejection or a broken promise cannot repeat");
}

/* The step of the items of a customer */
static bool
scan_level(DnScan *s, DnProcedure *p)
{
	if (dn_keyword(s, "highest"))
		p->by = DN_BY_HIGHEST;
	else if (dn_keyword(s, "lowest"))
		p->by = DN_BY_LOWEST;
	else if (dn_keyword(s, "each"))
		p->by = DN_BY_EACH;
	else
		return dn_fail(s, DN_SYNTAX, "the level highest, lowest or each was expected");
	return true;
}

/* The options, each at most once, after the steps */
static bool
scan_option(DnScan *s, DnProcedure *p, unsigned *seen)
{
	static const char *const what =
		"a step, or one of wait, mode, following business day, by customer and level at most once each, was expected";
	const char *begin;
	unsigned	option;

	dn_space(s);
	begin = s->p;
	if (dn_keyword(s, "wait"))
	{
		option = 1;
		if (!scan_days(s, 1, DN_WAIT_MAX, &p->wait, wait_what))
			return false;
	}
	else if (dn_keyword(s, "mode"))
	{
		option = 2;
		if (dn_keyword(s, "jump"))
			p->jump = true;
		else if (!dn_keyword(s, "stepwise"))
			return dn_fail(s, DN_SYNTAX, "the mode stepwise or jump was expected");
	}
	else if (dn_keyword(s, "following"))
	{
		option = 4;
		p->business = true;
		if (!dn_keyword(s, "business") || !dn_keyword(s, "day"))
			return dn_fail(s, DN_SYNTAX, "\"following business day\" was expected");
	}
	else if (dn_keyword(s, "by"))
	{
		option = 8;
		if (!dn_keyword(s, "customer"))
			return dn_fail(s, DN_SYNTAX, "\"by customer\" was expected");
		if (p->by == DN_BY_ITEM)
			p->by = DN_BY_HIGHEST;
		if (dn_char(s, ','))
		{
			option |= 16;
			if (!dn_keyword(s, "level"))
				return dn_fail(s, DN_SYNTAX, "the level was expected");
			if (!scan_level(s, p))
				return false;
		}
	}
	else if (dn_keyword(s, "level"))
	{
		option = 16;
		if (!scan_level(s, p))
			return false;
	}
	else
		return dn_fail(s, DN_SYNTAX, what);
	if (*seen & option)
		return dn_fail_at(s, begin, DN_SYNTAX, what);
	*seen |= option;
	return true;
}

/* What only the items of a customer together have */
static bool
needs_customer(const DnProcedure *p)
{
	int			i;

	for (i = 0; i < p->n; i++)
		if (p->step[i].min_percent != 0)
			return true;
	return false;
}

/* Whether n amounts are above 0 and each in a currency of its own. */
static bool
amounts_valid(const DnAmount *amount, int n)
{
	int			i,
				k;

	for (i = 0; i < n; i++)
	{
		static const uint8_t zero[sizeof(amount->zero)];
		const DnAmount *a = &amount[i];

		if (a->units <= 0 || a->units > DN_FEE_MAX * DN_FEE_UNIT || memcmp(a->zero, zero, sizeof(zero)) != 0)
			return false;
		for (k = 0; k < 3; k++)
			if (a->currency[k] < 'A' || a->currency[k] > 'Z')
				return false;
		if (a->currency[3] != '\0')
			return false;
		for (k = 0; k < i; k++)
			if (memcmp(amount[k].currency, a->currency, sizeof(a->currency)) == 0)
				return false;
	}
	return true;
}

/* The day of a step, where only some parts go together */
static bool
day_valid(const DnStep *step)
{
	static const DnWhen none;

	if (step->after < 0 || step->after > DN_WAIT_MAX)
		return false;
	if (step->after != 0)
		return dn_same_when(&step->when, &none);
	return dn_when_valid(&step->when) && !step->when.event && step->when.days <= DN_OFFSET_MAX && step->when.plus <= DN_OFFSET_MAX;
}

/* What is asked of the day of a step beside the others */
static bool
place_valid(const DnProcedure *p, int i, DnWhen *rule)
{
	const DnStep *step = &p->step[i];

	if (i >= p->n)
		return step->when.event && step->after == 0 && step->repeat == 0 && dn_when_valid(&step->when) &&
			event_in_order(p->step, p->n, i);
	return day_valid(step) && in_order(rule, p->step, i) && (step->repeat == 0 || i == p->n - 1);
}

/* What holds of every procedure, read or made; a stored one may have gone wrong. */
bool
dn_procedure_valid(const DnProcedure *p)
{
	static const uint8_t zero[sizeof(p->step->zero)];
	DnWhen		rule;
	int			n_amounts = 0;
	int			i;

	memset(&rule, 0, sizeof(rule));
	if (p->by > DN_BY_EACH || (p->by == DN_BY_ITEM && needs_customer(p)))
		return false;
	if (p->n < 1 || p->events < 0 || p->n > DN_STEPS_MAX - p->events || p->wait < 1 || p->wait > DN_WAIT_MAX || p->step[0].after != 0)
		return false;
	for (i = 0; i < dn_steps(p); i++)
	{
		const DnStep *step = &p->step[i];
		DnWhen		before = rule;

		if (!place_valid(p, i, &rule))
			return false;
		if (step->wait < 0 || step->wait > DN_WAIT_MAX || step->manual > 1 || memcmp(step->zero, zero, sizeof(zero)) != 0 ||
			step->repeat < 0 || step->repeat > DN_WAIT_MAX)
			return false;
		if (step->channel_len < 1 || step->channel_len > DN_CHANNEL_MAX || step->label_len > DN_LABEL_MAX ||
			(size_t) step->text + step->channel_len + step->label_len > p->texts_len)
			return false;
		if (i >= p->n ? event_known_before(p->step, p->n, i, p->texts) :
			i > 0 && dn_same_when(&before, &rule) && known_before(p->step, i, p->texts))
			return false;
		if (step->amount != n_amounts || step->n_fee > DN_AMOUNTS_MAX || step->n_min > DN_AMOUNTS_MAX ||
			step->fee_percent < 0 || step->fee_percent > DN_FEE_PERCENT_MAX * DN_FEE_PERCENT_UNIT ||
			step->min_percent < 0 || step->min_percent > DN_FEE_PERCENT_MAX * DN_FEE_PERCENT_UNIT || (i >= p->n && step->min_percent != 0))
			return false;
		n_amounts += step->n_fee + step->n_min;
		if (n_amounts > p->n_amounts || !amounts_valid(p->amount + step->amount, step->n_fee) ||
			!amounts_valid(p->amount + step->amount + step->n_fee, step->n_min))
			return false;
	}
	return n_amounts == p->n_amounts;
}

bool
dn_parse_procedure(const char *text, size_t len, DnProcedureRoom *room,
				   DnProcedure *p, DnError *err)
{
	DnScan		s;
	DnWhen		rule;
	unsigned	seen = 0;
	bool		ok;

	memset(&rule, 0, sizeof(rule));
	dn_scan_init(&s, text, len);
	memset(p, 0, sizeof(*p));
	p->wait = DN_WAIT_DEFAULT;
	p->step = room->step;
	p->amount = room->amount;
	p->texts = room->texts;

	ok = scan_step(&s, room, p, &rule);
	while (ok && dn_char(&s, ';'))
	{
		if (seen == 0 && at_step(&s))
			ok = scan_step(&s, room, p, &rule);
		else
			ok = scan_option(&s, p, &seen);
	}
	if (ok && p->by != DN_BY_ITEM && !(seen & 8))
		ok = dn_fail(&s, DN_SYNTAX, "a level needs \"by customer\"");
	if (ok && p->by == DN_BY_ITEM && needs_customer(p) && dn_at_end(&s))
		ok = dn_fail(&s, DN_SYNTAX, "a minimum in percent needs \"by customer\"");
	if (ok && dn_finish(&s, seen != 0 ? "\";\" or the end was expected" : "fee, min, wait, repeat, manual, \";\" or the end was expected"))
	{
		dn_assert(dn_procedure_valid(p));
		return true;
	}
	*err = s.err;
	return false;
}

static void
put_clause(DnOut *out, const char *keyword, int32_t n)
{
	if (n == 0)
		return;
	dn_put(out, keyword);
	dn_put_int(out, n);
}

static void
put_amounts(DnOut *out, const char *keyword, const DnAmount *amount, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		dn_put_fee(out, i == 0 ? keyword : ",", amount[i].units, amount[i].currency);
}

static void
put_fee(DnOut *out, const DnStep *step, const DnAmount *amount)
{
	put_amounts(out, " fee", amount, step->n_fee);
	if (step->fee_percent == 0)
		return;
	dn_put(out, step->n_fee > 0 ? " + " : " fee ");
	dn_put_decimal(out, step->fee_percent, DN_FEE_PERCENT_SCALE, 0);
	dn_put(out, "%");
}

/* The day of a step */
void
dn_print_step_day(DnOut *out, const void *value)
{
	const DnStep *step = value;

	if (step->after != 0)
	{
		put_clause(out, "after ", step->after);
		return;
	}
	dn_print_when(out, &step->when);
}

void
dn_print_procedure(DnOut *out, const void *value)
{
	const DnProcedure *p = value;
	int			i;

	for (i = 0; i < dn_steps(p); i++)
	{
		const DnStep *step = &p->step[i];
		const char *text = p->texts + step->text;

		if (i > 0)
			dn_put(out, "; ");
		dn_print_step_day(out, step);
		dn_put(out, " ");
		dn_put_bytes(out, text, step->channel_len);
		if (step->label_len > 0)
		{
			dn_put(out, " ");
			dn_put_quoted(out, text + step->channel_len, step->label_len);
		}
		put_fee(out, step, p->amount + step->amount);
		put_amounts(out, " min", p->amount + step->amount + step->n_fee, step->n_min);
		if (step->min_percent != 0)
		{
			dn_put(out, step->n_min > 0 ? " and " : " min ");
			dn_put_decimal(out, step->min_percent, DN_FEE_PERCENT_SCALE, 0);
			dn_put(out, "%");
		}
		put_clause(out, " wait ", step->wait);
		put_clause(out, " repeat ", step->repeat);
		if (step->manual)
			dn_put(out, " manual");
	}
	if (p->wait != DN_WAIT_DEFAULT)
	{
		dn_put(out, "; wait ");
		dn_put_int(out, p->wait);
	}
	if (p->jump)
		dn_put(out, "; mode jump");
	if (p->business)
		dn_put(out, "; following business day");
	if (p->by != DN_BY_ITEM)
		dn_put(out, "; by customer");
	if (p->by == DN_BY_LOWEST || p->by == DN_BY_EACH)
		dn_put(out, p->by == DN_BY_LOWEST ? "; level lowest" : "; level each");
}

/* The days of the steps for one due date, without a calendar; those of events are not known. */
void
dn_step_days(const DnProcedure *p, int32_t due_on, DnStepDay day[DN_STEPS_MAX])
{
	DnWhen		rule;
	int			i;

	memset(&rule, 0, sizeof(rule));
	for (i = 0; i < p->n; i++)
	{
		const DnStep *step = &p->step[i];

		plan_step(&rule, step);
		day[i].follows = step->after != 0;
		day[i].on = dn_when_day(&rule, due_on);
		day[i].after = step->after;
		day[i].wait = step->wait != 0 ? step->wait : p->wait;
		day[i].repeat = step->repeat;
		day[i].manual = step->manual != 0;
		day[i].before_due = rule.days < 0;
		day[i].below = false;
	}
	for (; i < dn_steps(p); i++)
	{
		memset(&day[i], 0, sizeof(day[i]));
		day[i].wait = p->step[i].wait;
		day[i].manual = p->step[i].manual != 0;
	}
}

/*
 * The fewest days from a due date to the planned day of each step, in ascending
 * order: no item can be due for a step any earlier.
 */
void
dn_least_days(const DnProcedure *p, int32_t least[DN_STEPS_MAX])
{
	DnWhen		rule;
	int			i;

	memset(&rule, 0, sizeof(rule));
	for (i = 0; i < p->n; i++)
	{
		plan_step(&rule, &p->step[i]);
		least[i] = (int32_t) least_days(&rule);
	}
	/* the least of many months is a bound, and may be above that of a later step */
	for (i = p->n - 2; i >= 0; i--)
		if (least[i] > least[i + 1])
			least[i] = least[i + 1];
}

/* By what a step is known: its planned day, counted from the due date or an event. */
void
dn_step_when(const DnProcedure *p, int i, DnWhen *when)
{
	int			k;

	memset(when, 0, sizeof(*when));
	for (k = i < p->n ? 0 : i; k <= i; k++)
		plan_step(when, &p->step[k]);
}

/* The amount in a currency, NULL if there is none. */
static const DnAmount *
amount_in(const DnAmount *amount, int n, const char *currency)
{
	int			i;

	for (i = 0; currency != NULL && i < n; i++)
		if (strcmp(amount[i].currency, currency) == 0)
			return &amount[i];
	return NULL;
}

/*
 * The amount in a step's fee for an item in a currency (NULL: not known), without
 * the percentage; NULL if there is none.
 */
const DnAmount *
dn_step_fee(const DnProcedure *p, int i, const char *currency)
{
	const DnStep *step = &p->step[i];
	const DnAmount *amount = p->amount + step->amount;
	const DnAmount *found = amount_in(amount, step->n_fee, currency);

	return found != NULL || step->n_fee == 0 || (step->fee_percent != 0 && currency != NULL) ? found : amount;
}

/* The least open amount for which an item in a currency has a step; NULL: any. */
const DnAmount *
dn_step_min(const DnProcedure *p, int i, const char *currency)
{
	const DnStep *step = &p->step[i];
	const DnAmount *amount = p->amount + step->amount + step->n_fee;
	const DnAmount *found = amount_in(amount, step->n_min, currency);

	return found != NULL || step->n_min == 0 ? found : amount;
}

/* Whether units of 10^-scale are below the minimum of a step. */
bool
dn_step_below(const DnProcedure *p, int i, DnWide open, int scale, const char *currency)
{
	const DnAmount *min = dn_step_min(p, i, currency);

	if (min == NULL)
		return false;
	if (scale <= DN_FEE_SCALE)
		return open < min->units && open * dn_power(DN_FEE_SCALE - scale) < min->units;
	return open < min->units * dn_power(scale - DN_FEE_SCALE);
}
