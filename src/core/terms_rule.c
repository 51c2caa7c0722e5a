/* core/terms_rule.c: a day rule read from a text */
#include "terms_parse.h"

#include <string.h>

static const char *const weeks_what = "a number of weeks from 0 to " DN_STR(DN_TERM_WEEKS_MAX) " was expected";
static const char *const months_what = "a number of months from 0 to " DN_STR(DN_TERM_MONTHS_MAX) " was expected";
static const char *const no_day_what = "the calendar has no such day";
static const char *const dom_what = "a day of the month from 0 to 31 was expected";
static const char *const either_what =
	"the end of that month or of the next one was expected: write \"end of month\" or \"end of the following month\"";
static const char *const before_what =
	"\"before\" may count the day itself or not: write \"by the 10th\", \"by 2026-03-31\"";
static const char *const moves_what = "a day rule has at most " DN_STR(DN_MOVES_MAX) " steps";

bool
dn_add_move(DnScan *s, const char *at, Rule *r, DnMoveKind kind, int32_t n)
{
	if (kind <= DN_MOVE_MONTHS && n == 0)
	{
		r->zero = true;
		return true;
	}
	if (r->n == DN_MOVES_MAX)
		return dn_fail_at(s, at, DN_LIMIT, moves_what);
	memset(&r->move[r->n], 0, sizeof(DnMove));
	r->move[r->n].kind = (uint8_t) kind;
	r->move[r->n].n = n;
	r->n++;
	return true;
}

static bool
empty(const Rule *r)
{
	return r->n == 0 && !r->zero;
}

/* Whether a step of the rule leads to an end of a period or to a day of the month. */
static bool
has_place(const Rule *r)
{
	int			i;

	for (i = 0; i < r->n; i++)
		if (r->move[i].kind >= DN_MOVE_END && r->move[i].kind <= DN_MOVE_FOLLOWING)
			return true;
	return false;
}

/* Whether a step of the rule is a day of the month. */
static bool
says_dom(const Rule *r)
{
	int			i;

	for (i = 0; i < r->n; i++)
		if (r->move[i].kind == DN_MOVE_NEXT || r->move[i].kind == DN_MOVE_FOLLOWING)
			return true;
	return false;
}

/* Refuses an end of a period that is said twice or after a day of the month: it has two readings. */
static bool
once(DnScan *s, const char *at, bool good)
{
	return good || dn_fail_at(s, at, DN_SYNTAX, "no second end of a period was expected, and none after a day of the month");
}

/* Whether the rule has come to the end of a month. */
static bool
ends_month(const Rule *r)
{
	return r->n > 0 && r->move[r->n - 1].kind == DN_MOVE_END && r->move[r->n - 1].n == DN_PERIOD_MONTH;
}

/* The days of a month that "on the" names. */
typedef struct Doms
{
	uint32_t	mask;			/* bit 31 is the 31st, bit 0 the end of the month */
	int			count;
	int32_t		last;
} Doms;

/*
 * Whether another day of the month follows: "or the 25th", not "and 50%".  In
 * "10, 20 or 30" a comma stands for the word that comes later.
 */
static bool
take_or(DnScan *s)
{
	DnScan		ahead = *s;
	DnScan		later;
	int64_t		ignored;
	bool		fits;
	int32_t		n;
	int32_t		of;

	if (dn_take(&ahead, ','))
	{
		dn_skip(&ahead, DN_WORDS_THE);
		dn_blanks(&ahead);
		later = ahead;
		if (dn_at_date(&later) || dn_at_local_date(&later) || dn_quotient(&later, &n, &of) ||
			!dn_number(&later, 0, 31, &ignored, &fits) || !take_or(&later))
			return false;
	}
	else if (!dn_skip(&ahead, DN_WORDS_OR) && !dn_take(&ahead, '&') && !dn_take(&ahead, '/'))
		return false;
	dn_skip(&ahead, DN_WORDS_THE);
	dn_blanks(&ahead);
	later = ahead;
	if (dn_at_date(&later) || dn_at_local_date(&later) || dn_quotient(&later, &n, &of))
		return false;
	s->p = ahead.p;
	if (dn_number(&ahead, 0, 31, &ignored, &fits) && !dn_take(&ahead, '%') && !dn_at(&ahead, DN_WORDS_PERCENT) && !dn_at(&ahead, DN_WORDS_UNIT))
		return true;
	return false;
}

static bool either_order(const DnScan *here);

/* K [or K]... */
static bool
scan_dom_list(DnScan *s, bool next, Doms *d)
{
	const char *before;
	bool		slash = false;
	int32_t		former;

	memset(d, 0, sizeof(*d));
	do
	{
		const char *begin;

		dn_blanks(s);
		begin = s->p;
		former = d->last;
		if (!dn_int(s, 0, 31, &d->last, dom_what))
			return false;
		if (!dn_at(s, DN_WORDS_OF_MONTH))
			dn_skip(s, DN_WORDS_ORDINAL);
		if (d->last == 0 && (d->count > 0 || next))
			return dn_fail_at(s, begin, DN_RANGE, "day 0, the end of the month, stands alone");
		if (slash && (d->last <= 12 || (former <= 12 && either_order(s))))
			return dn_fail_at(s, begin, DN_SYNTAX, "a date needs its year, and two days of the month the word \"or\"");
		if (slash && d->last == 31 && (d->mask >> 30 & 1))
			return dn_fail_at(s, begin, DN_SYNTAX, "30/31 was not expected: write \"end of month\"");
		d->mask |= UINT32_C(1) << d->last;
		d->count++;
		before = s->p;
		slash = dn_peek(s, '/');
	} while (d->last != 0 && take_or(s));
	s->p = before;
	return true;
}

/* The N of M+N, a month counted from that of issue, which begins the rule. */
static bool
scan_months_on(DnScan *s, const Rule *r, int32_t *n)
{
	static const char *const what = "M+1, a number of months after the month of issue, was expected";

	if (r->n > 0 || !dn_take(s, '+'))
		return dn_fail(s, DN_SYNTAX, what);
	return dn_int(s, 1, 12, n, what);
}

/*
 * The days of the month after "on the": K [or K]... [of the following month].
 * A single day after an end of month is one of the following month, any other
 * is the next such day.
 */
static bool
scan_doms(DnScan *s, const char *at, Rule *r, bool next)
{
	Doms		d;
	int			following = -1;
	int32_t		months = 1;

	if (says_dom(r))
		return dn_fail_at(s, at, DN_SYNTAX, "no other day of the month was expected: write \"on the 5th, or 15th or 25th\"");
	if (!scan_dom_list(s, next, &d))
		return false;
	if (dn_phrase(s, DN_WORDS_OF_MONTH, &following) && following == DN_MONTH_PLUS)
	{
		following = 1;
		if (!scan_months_on(s, r, &months) || !dn_add_move(s, at, r, DN_MOVE_MONTHS, months - 1))
			return false;
	}
	if (d.last == 0)
	{
		return ends_month(r) || (once(s, at, !has_place(r)) && dn_add_move(s, at, r, DN_MOVE_END, DN_PERIOD_MONTH));
	}
	if (following == 1 || (!next && d.count == 1 && dn_after_month_end(r->move, r->n)))
	{
		if (d.count > 1 || next)
			return dn_fail_at(s, at, DN_SYNTAX, "one day of the following month was expected");
		if (following != 1 && d.last == 31)
			return dn_fail_at(s, at, DN_SYNTAX, "that end of month or the next one was expected: write \"end of month\" alone, or \"on the 31st of the following month\"");
		return dn_add_move(s, at, r, DN_MOVE_FOLLOWING, d.last);
	}
	return dn_add_move(s, at, r, DN_MOVE_NEXT, (int32_t) (d.mask >> 1));
}

/* Whether YYYY-MM-DD begins here. */
bool
dn_at_date(const DnScan *s)
{
	return dn_digit_at(s, s->p) && dn_digit_at(s, s->p + 1) && dn_digit_at(s, s->p + 2) && dn_digit_at(s, s->p + 3) &&
		s->p + 4 < s->end && s->p[4] == '-';
}

/* A day and the name of a month: 15 April, 15. April, 1st of April, 15 de abril, 15-Apr, April 15. */
static bool
scan_named_day(DnScan *s, int32_t *day, int *month)
{
	DnScan		ahead = *s;
	bool		first = dn_phrase(&ahead, DN_WORDS_MONTH, month);

	dn_blanks(&ahead);
	if (!dn_digit_at(&ahead, ahead.p) || !dn_int(&ahead, 1, 31, day, dom_what))
		return false;
	dn_skip(&ahead, DN_WORDS_ORDINAL);
	if (!first)
	{
		if (!dn_char(&ahead, '-'))
			dn_skip(&ahead, DN_WORDS_OF_BASE);
		if (!dn_phrase(&ahead, DN_WORDS_MONTH, month))
			return false;
	}
	s->p = ahead.p;
	return true;
}

static bool
at_named_day(const DnScan *here)
{
	DnScan		s = *here;
	int32_t		day;
	int			month;

	return scan_named_day(&s, &day, &month);
}

/* Whether DD/MM/YYYY, DD.MM.YYYY, DD-MM-YYYY or the name of a month begins here, and not 30/60/90. */
bool
dn_at_local_date(const DnScan *s)
{
	const char *p = s->p;
	int			n[2] = {0, 0};
	int			i;

	if (at_named_day(s))
		return true;

	for (i = 0; i < 2; i++)
	{
		const char *begin = p;

		for (; dn_digit_at(s, p) && p - begin < 3; p++)
			n[i] = 10 * n[i] + (*p - '0');
		if (p == begin || p - begin > 2 || p == s->end || (i == 0 ? *p != '/' && *p != '.' && *p != '-' : *p != begin[-1]))
			return false;
		p++;
	}
	return dn_digit_at(s, p) && (n[1] <= 12 || (dn_digit_at(s, p + 1) && dn_digit_at(s, p + 2)));
}

/*
 * Whether what stands before p does not tell the day from the month: English,
 * of which there are two orders, a word of two languages, or nothing.
 */
static bool
either_order(const DnScan *here)
{
	DnScan		s = *here;
	const char *p;
	bool		said = false;
	int			value;

	for (s.p = s.start; s.p < here->p;)
	{
		if (dn_phrase(&s, DN_WORDS_EITHER_ORDER, &value))
		{
			if (value == 0)
				return true;
			continue;
		}
		p = s.p;
		while (dn_letter(&s, &s.p) != '\0')
			said = true;
		s.p += s.p == p;
	}
	return !said;
}

static bool
scan_named_date(DnScan *s, int32_t *out)
{
	const char *begin = s->p;
	int32_t		day;
	int32_t		year;
	int			month;

	scan_named_day(s, &day, &month);
	if (!dn_take(s, ',') && !dn_char(s, '-') && !dn_char(s, '/'))
		dn_skip(s, DN_WORDS_OF_BASE);
	dn_blanks(s);
	if (!dn_digit_at(s, s->p))
		return dn_fail_at(s, begin, DN_SYNTAX, "a date needs its year");
	if (!dn_int(s, 1000, DN_YEAR_MAX, &year, "a year of four digits was expected"))
		return false;
	return dn_day_from_civil(year, month, day, out) || dn_fail_at(s, begin, DN_DATE, no_day_what);
}

static bool
scan_local_date(DnScan *s, int32_t *day)
{
	static const char *const what = "a day such as 2026-03-31, 31/03/2026 or 31 March 2026 was expected";
	const DnScan from = *s;
	const char *begin = s->p;
	bool		point = false;
	int32_t		part[3];
	int			i;

	if (at_named_day(s))
		return scan_named_date(s, day);
	for (i = 0; i < 3; i++)
	{
		if (i > 0)
			point = *s->p++ == '.';
		if (!dn_int(s, 0, DN_YEAR_MAX, &part[i], what))
			return false;
	}
	if (s->p - begin < 8 || !dn_digit_at(s, s->p - 4) || !dn_digit_at(s, s->p - 3))
		return dn_fail_at(s, begin, DN_SYNTAX, what);
	if (part[0] <= 12 && part[0] != part[1] && !point && either_order(&from))
		return dn_fail_at(s, begin, DN_SYNTAX, "a day such as 2026-03-31 was expected: this may be the day or the month first");
	if (!dn_day_from_civil(part[2], part[1], part[0], day))
		return dn_fail_at(s, begin, DN_DATE, no_day_what);
	return true;
}

/* What is said of n, a number that begins at "begin" and ends here. */
bool
dn_scan_unit(Parser *ps, Rule *r, int32_t n, const char *begin)
{
	DnScan	   *s = &ps->s;
	const char *after = s->p;
	DnScan		ahead = *s;
	int			unit;

	if (dn_skip(s, DN_WORDS_ORDINAL))
	{
		if (dn_digit_at(s, s->p))
			return dn_fail_at(s, begin, DN_SYNTAX, DN_DAYS_WHAT);
		s->p = begin;
		return scan_doms(s, begin, r, false);
	}
	dn_char(s, '-');
	if (dn_phrase(s, DN_WORDS_UNIT, &unit))
	{
		if (unit == DN_MOVE_WEEKS && n > DN_TERM_WEEKS_MAX)
			return dn_fail_at(s, begin, DN_RANGE, weeks_what);
		if (unit == DN_MOVE_MONTHS && n > DN_TERM_MONTHS_MAX)
			return dn_fail_at(s, begin, DN_RANGE, months_what);
		return dn_add_move(s, begin, r, (DnMoveKind) unit, n);
	}
	s->p = after;
	if (dn_at(s, DN_WORDS_OF_MONTH))
	{
		s->p = begin;
		return scan_doms(s, begin, r, false);
	}
	/* 45 FDM, 30 EOM, 30 net */
	if (!ps->bare && !dn_at(s, DN_WORDS_PERIOD_END) && !(dn_phrase(&ahead, DN_WORDS_TAIL, &unit) && unit == 1))
		return dn_fail(s, DN_SYNTAX, "days, weeks or months were expected after the number");
	return dn_add_move(s, begin, r, DN_MOVE_DAYS, n);
}

/* Whether a number begins here, in digits, or in words before its unit or its digits. */
bool
dn_at_number(DnScan *s)
{
	DnScan		ahead;

	dn_blanks(s);
	if (dn_digit_at(s, s->p))
		return true;
	ahead = *s;
	if (!dn_skip(&ahead, DN_WORDS_NUMBER))
		return false;
	dn_blanks(&ahead);
	return dn_digit_at(&ahead, ahead.p) || dn_at(&ahead, DN_WORDS_UNIT);
}

/* A number of days, weeks or months: 30 days, thirty days, thirty (30) days, 30 (thirty) days. */
static bool
scan_advance(Parser *ps, Rule *r)
{
	DnScan	   *s = &ps->s;
	const char *begin;
	int32_t		n = 0;
	int			said = -1;

	dn_blanks(s);
	begin = s->p;
	dn_phrase(s, DN_WORDS_NUMBER, &said);
	dn_blanks(s);
	if (said == -1 || dn_digit_at(s, s->p))
	{
		DnScan		ahead;

		if (!dn_int(s, 0, DN_TERM_DAYS_MAX, &n, DN_DAYS_WHAT))
			return false;
		ahead = *s;
		if (said == -1 && dn_phrase(&ahead, DN_WORDS_NUMBER, &said) && dn_at(&ahead, DN_WORDS_UNIT))
			s->p = ahead.p;
		else if (ahead.p != s->p)
			said = -1;
		if (said != -1 && n != said)
			return dn_fail_at(s, begin, DN_SYNTAX, "the same number was expected in digits as in words");
	}
	else
		n = said;
	return dn_scan_unit(ps, r, n, begin);
}

static bool
is_advance(const DnMove *m)
{
	return m->kind <= DN_MOVE_BUSINESS;
}

/* Puts the day that was said after a number of days before it: 30 days after the end of the month. */
static void
put_first(Rule *r)
{
	DnMove		advance = r->move[0];

	if (r->n != 2 || !is_advance(&advance))
		return;
	r->move[0] = r->move[1];
	r->move[1] = advance;
}

/*
 * An end of a period.  After it come the days that were said before it: where
 * the text says so, and with the abbreviation EOM, as trade reads it.
 */
static bool
add_period_end(Parser *ps, const char *begin, Rule *r, int period, bool after)
{
	bool		eom = period == DN_PERIOD_EOM;
	int32_t		months;

	if (period == DN_PERIOD_M)
		return scan_months_on(&ps->s, r, &months) && dn_add_move(&ps->s, begin, r, DN_MOVE_MONTHS, months) &&
			dn_add_move(&ps->s, begin, r, DN_MOVE_END, DN_PERIOD_MONTH);
	if (period == DN_PERIOD_ISSUE && !after && !empty(r))
		return dn_fail_at(&ps->s, begin, DN_SYNTAX, "\"after\" was expected between days and the end of the month of issue");
	if (!once(&ps->s, begin, !has_place(r)))
		return false;
	if (eom && r->n > 1)
		return dn_fail_at(&ps->s, begin, DN_SYNTAX, "EOM follows one number of days: write \"end of month\"");
	if (!dn_add_move(&ps->s, begin, r, DN_MOVE_END, period < DN_PERIODS ? period : DN_PERIOD_MONTH))
		return false;
	ps->eom |= eom && r->n == 2;
	if (eom || after)
		put_first(r);
	return true;
}

/* The end of the following month; in "fin de mois suivant la facture" it may be that of the month of the invoice. */
static bool
add_following_end(DnScan *s, const char *begin, Rule *r, int value)
{
	if (value == 1 && (dn_at(s, DN_WORDS_ISSUE) || dn_at(s, DN_WORDS_EVENT)))
		return dn_fail_at(s, begin, DN_SYNTAX, either_what);
	return dn_add_move(s, begin, r, DN_MOVE_FOLLOWING, 31);
}

/* The day from which the days before it count; *found if it is one. */
static bool
scan_from(Parser *ps, Rule *r, const char *begin, bool *found)
{
	DnScan	   *s = &ps->s;
	int			later = 0;
	bool		after = dn_phrase(s, DN_WORDS_AFTER, &later);
	bool		days = r->n == 1 && is_advance(&r->move[0]);
	bool		either = later == 1 && r->n == 1 && r->move[0].kind == DN_MOVE_END;
	bool		noun;
	int			value;

	*found = true;
	if (after && days && dn_phrase(s, DN_WORDS_FOLLOWING_END, &value))
	{
		if (!add_following_end(s, begin, r, value))
			return false;
		put_first(r);
		return true;
	}
	if (after && days && dn_phrase(s, DN_WORDS_PERIOD_END, &value))
		return add_period_end(ps, begin, r, value, true);
	noun = after && days && dn_phrase(s, DN_WORDS_EVENT_NOUN, &value);
	if (!noun && dn_skip(s, DN_WORDS_ISSUE))
		return !either || dn_fail_at(s, begin, DN_SYNTAX, either_what);
	if (!noun)
		s->p = begin;
	if ((noun || dn_phrase(s, DN_WORDS_EVENT, &value)) && (value == DN_EVENT_RECEIPT || days))
	{
		DnScan		said = *s;

		if (value == DN_EVENT_RECEIPT)
			return !either || dn_fail_at(s, begin, DN_SYNTAX, either_what);
		said.p = begin;
		if (value >= DN_EVENTS || dn_skip(&said, DN_WORDS_BEFORE))
			return dn_fail_at(s, begin, DN_SYNTAX, "days after the order or the delivery were expected: what is due before it or in advance has no day");
		if (!dn_add_move(s, begin, r, DN_MOVE_EVENT, value))
			return false;
		put_first(r);
		return true;
	}
	s->p = begin;
	*found = false;
	return true;
}

/* Whether an end of a period or a day of the month stands here. */
static bool
at_later_step(const DnScan *here)
{
	DnScan		s = *here;

	if (dn_at(&s, DN_WORDS_PERIOD_END))
		return true;
	if (!dn_skip(&s, DN_WORDS_ON))
		return false;
	dn_blanks(&s);
	return dn_digit_at(&s, s.p) && !dn_at_date(&s) && !dn_at_local_date(&s);
}

/* Goes past "," and "then", or "payable", between two steps of the same rule. */
static void
skip_then(DnScan *s, bool whole)
{
	DnScan		ahead = *s;
	bool		comma = dn_take(&ahead, ',');
	int			value = 0;

	if (!dn_skip(&ahead, DN_WORDS_THEN) && !(comma && whole))
		return;
	if (comma && dn_phrase(&ahead, DN_WORDS_DUE, &value) && value != 0)
		return;
	if (at_later_step(&ahead))
		s->p = ahead.p;
}

/* Whether a day of the following month stands here: 10 of the following month. */
static bool
at_day_of_next_month(const DnScan *here)
{
	DnScan		s = *here;
	int64_t		ignored;
	bool		fits;
	int			value = 0;

	return dn_number(&s, 0, 31, &ignored, &fits) && dn_phrase(&s, DN_WORDS_OF_MONTH, &value) && value != 0;
}

/* One step of a day rule; *done if none stands here. */
static bool
scan_step(Parser *ps, Rule *r, bool *done)
{
	DnScan	   *s = &ps->s;
	const char *begin;
	int			value;
	bool		found;

	dn_blanks(s);
	begin = s->p;
	*done = false;
	if (dn_phrase(s, DN_WORDS_FOLLOWING_END, &value))
	{
		if (!empty(r))
			return dn_fail_at(s, begin, DN_SYNTAX, "\"on the 31st of the following month\" was expected after days");
		return add_following_end(s, begin, r, value);
	}
	if (dn_phrase(s, DN_WORDS_PERIOD_END, &value))
		return add_period_end(ps, begin, r, value, false);
	if (dn_skip(s, DN_WORDS_LAST_DAY))
		return ends_month(r) || (once(s, begin, !says_dom(r)) && dn_add_move(s, begin, r, DN_MOVE_NEXT, INT32_C(1) << 30));
	if (!empty(r))
	{
		if (!scan_from(ps, r, begin, &found))
			return false;
		if (found)
			return true;
	}
	value = 0;
	if (dn_phrase(s, DN_WORDS_ON, &value) || at_day_of_next_month(s))
	{
		dn_blanks(s);
		if (dn_digit_at(s, s->p) && !dn_at_date(s) && !dn_at_local_date(s))
			return scan_doms(s, begin, r, value == 1);
		s->p = begin;
	}
	if (!empty(r) && (dn_take(s, '+') || dn_skip(s, DN_WORDS_PLUS)))
	{
		if (dn_phrase(s, DN_WORDS_PERIOD_END, &value))
			return add_period_end(ps, begin, r, value, false);
		if (!dn_at_number(s))
			return dn_fail(s, DN_SYNTAX, DN_DAYS_WHAT);
		ps->bare = r->n == 0 || r->move[r->n - 1].kind == DN_MOVE_END;
		return scan_advance(ps, r);
	}
	if (empty(r) && dn_phrase(s, DN_WORDS_SPAN, &value))
		return dn_add_move(s, begin, r, DN_MOVE_DAYS, value);
	/* a second number needs a "+", but for the days after an end of a period */
	if (dn_at_number(s) && (r->n == 0 || (r->n == 1 && r->move[0].kind == DN_MOVE_END && !ps->closed)))
		return scan_advance(ps, r);
	s->p = begin;
	*done = true;
	return true;
}

/* Goes past what joins "net" to its number: n/30, Net-30. */
static bool
skip_joint(DnScan *s)
{
	if (s->p < s->end && *s->p == '-')
	{
		s->p++;
		return true;
	}
	return dn_take(s, '/');
}

/* Another of the fractions that add up to the whole: it begins the next clause. */
bool
dn_at_fraction(const Parser *ps)
{
	DnScan		s;
	int32_t		n;
	int32_t		of;

	if (!ps->fractions)
		return false;
	s = ps->s;
	dn_blanks(&s);
	return dn_quotient(&s, &n, &of);
}

/* "net 30" after a rule that ends without a separator: 2/10 net 30 */
bool
dn_at_net_number(const DnScan *here)
{
	DnScan		s = *here;
	int			value = 0;

	if (!dn_phrase(&s, DN_WORDS_LEAD, &value) || value != 1)
		return false;
	skip_joint(&s);
	return dn_at_number(&s);
}

/* Goes past an article of a law: art. L441-10. */
static bool
skip_article(DnScan *s)
{
	DnScan		ahead = *s;

	if (!dn_skip(&ahead, DN_WORDS_ARTICLE))
		return false;
	dn_blanks(&ahead);
	if (!dn_digit_at(&ahead, ahead.p))
		return false;
	while (dn_digit_at(&ahead, ahead.p) || (ahead.p < ahead.end && *ahead.p == '-' && dn_digit_at(&ahead, ahead.p + 1)))
		ahead.p++;
	s->p = ahead.p;
	return true;
}

/* What follows a rule and means nothing to it: the means of payment, "without discount". */
bool
dn_skip_tails(Parser *ps)
{
	bool		found = false;
	int			value = 0;

	while (!dn_at_net_number(&ps->s) &&
		   (dn_phrase(&ps->s, DN_WORDS_TAIL, &value) || dn_skip(&ps->s, DN_WORDS_MEANS) || skip_article(&ps->s)))
	{
		ps->closed |= value == 1;
		if (value == 2 && ps->no_discount == NULL)
			ps->no_discount = ps->s.p;
		found = true;
	}
	return found;
}

/* Goes past the day of issue after an event: at once after the date of the invoice. */
static bool
skip_issue(DnScan *s)
{
	DnScan		ahead = *s;

	dn_skip(&ahead, DN_WORDS_AFTER);
	if (!dn_skip(&ahead, DN_WORDS_ISSUE))
		return false;
	s->p = ahead.p;
	return true;
}

/* A day that stands alone: an event, the day of issue or a date. */
static bool
scan_alone(Parser *ps, Rule *r, bool *found)
{
	DnScan	   *s = &ps->s;
	const char *begin;
	int32_t		day;
	int			value;

	dn_blanks(s);
	begin = s->p;
	*found = true;
	if (dn_phrase(s, DN_WORDS_EVENT, &value))
	{
		/* cash on delivery */
		while (dn_skip_tails(ps) || dn_phrase(s, DN_WORDS_EVENT, &value) || skip_issue(s))
			;
		return dn_add_move(s, begin, r, DN_MOVE_EVENT,
						   value == DN_EVENT_ADVANCE ? DN_EVENT_ORDER : value == DN_EVENT_SPOT ? DN_EVENT_DELIVERY : value);
	}
	if (dn_skip(s, DN_WORDS_ISSUE))
		return dn_add_move(s, begin, r, DN_MOVE_EVENT, DN_EVENT_RECEIPT);
	dn_skip(s, DN_WORDS_ON);
	dn_blanks(s);
	if (dn_at_date(s))
		return dn_date(s, &day) && dn_add_move(s, begin, r, DN_MOVE_DATE, day);
	if (dn_at_local_date(s))
		return scan_local_date(s, &day) && dn_add_move(s, begin, r, DN_MOVE_DATE, day);
	s->p = begin;
	*found = false;
	return true;
}

/* Keeps the rule of a clause; one that moves by nothing is the day of issue. */
void
dn_keep_rule(Parser *ps, Rule *r, Clause *c)
{
	if (r->n == 0)
		dn_add_move(&ps->s, ps->s.p, r, DN_MOVE_EVENT, DN_EVENT_RECEIPT);
	c->first = (uint16_t) ps->n_moves;
	c->n = (uint8_t) r->n;
	memcpy(ps->room->move + ps->n_moves, r->move, (size_t) r->n * sizeof(DnMove));
	ps->n_moves += r->n;
}

/*
 * Goes past words that begin a rule and mean nothing to it, of which some begin
 * no other: "after 30 days", "J+30", "invoice payable", not "invoice 31/03/2026".
 */
bool
dn_skip_lead(DnScan *s, int *value)
{
	const char *begin = s->p;
	DnScan		ahead;
	bool		date;

	*value = 0;
	if (!dn_phrase(s, DN_WORDS_LEAD, value))
		return false;
	ahead = *s;
	dn_blanks(&ahead);
	date = dn_at_date(&ahead) || dn_at_local_date(&ahead);
	if (*value == DN_LEAD_NUMBER || *value == DN_LEAD_AFTER ? dn_at_number(&ahead) && !date :
		*value == DN_LEAD_PLUS ? dn_peek(&ahead, '+') : *value != DN_LEAD_INVOICE || !date)
		return true;
	s->p = begin;
	return false;
}

/* Whether a day stands here with "before" in front of it: avant le 10, before 31/03/2026. */
static bool
at_before(const DnScan *here)
{
	DnScan		s = *here;

	if (!dn_skip(&s, DN_WORDS_BEFORE))
		return false;
	dn_skip(&s, DN_WORDS_ON);
	dn_blanks(&s);
	return dn_digit_at(&s, s.p) || dn_at_local_date(&s);
}

/*
 * What stands before a day rule and means nothing to it, and a day that stands
 * alone.
 */
static bool
scan_leads(Parser *ps, Rule *r, bool *found)
{
	DnScan	   *s = &ps->s;

	for (;;)
	{
		int			value;

		if (!scan_alone(ps, r, found))
			return false;
		if (*found || dn_at(s, DN_WORDS_FOLLOWING_END) || !(dn_skip_lead(s, &value) || dn_skip(s, DN_WORDS_MEANS)))
			return *found || !at_before(s) || dn_fail(s, DN_SYNTAX, before_what);
		ps->if_paid |= value == DN_LEAD_IF;
		ps->after |= value == DN_LEAD_AFTER;
		if (value == DN_LEAD_PLUS)
		{
			r->zero = true;
			return true;
		}
		if (value == 1)
		{
			ps->bare = true;
			ps->closed = true;
			if (!skip_joint(s))
				dn_take(s, ',');
		}
	}
}

/*
 * The steps of a day rule.  That of the whole amount may go on after a comma:
 * "30 days end of month, on the 10th".
 */
bool
dn_scan_steps(Parser *ps, Rule *r, bool whole)
{
	bool		done;

	while (empty(r) || !(dn_at_net_number(&ps->s) || dn_at_fraction(ps)))
	{
		if (!scan_step(ps, r, &done))
			return false;
		if (!done || (!empty(r) && dn_skip_tails(ps)))
			continue;
		if (empty(r))
			break;
		done = true;
		{
			const char *before = ps->s.p;

			skip_then(&ps->s, whole);
			if (ps->s.p == before)
				break;
		}
	}
	return true;
}

/*
 * A whole day rule.  In a discount a number alone is one of days; elsewhere
 * it needs a unit or "net".
 */
bool
dn_scan_rule(Parser *ps, Clause *c, bool bare)
{
	DnScan	   *s = &ps->s;
	bool		whole = c->kind == CLAUSE_PLAIN || c->kind == CLAUSE_BALANCE;
	const char *begin = s->p;
	Rule		r;
	bool		found;

	memset(&r, 0, sizeof(r));
	ps->bare = bare;
	ps->closed = false;
	if (!scan_leads(ps, &r, &found))
		return false;
	if (found ? r.move[0].kind == DN_MOVE_EVENT && dn_peek(s, '+') && !dn_scan_steps(ps, &r, whole) : !dn_scan_steps(ps, &r, whole))
		return false;
	if (empty(&r))
		return dn_fail(s, DN_SYNTAX, DN_RULE_WHAT);
	/* from an event time is counted first: "on delivery end of month" would not be read again */
	if (r.n > 1 && r.move[0].kind == DN_MOVE_EVENT && r.move[1].kind >= DN_MOVE_END)
		return dn_fail_at(s, begin, DN_SYNTAX, DN_RULE_WHAT);
	dn_keep_rule(ps, &r, c);
	return true;
}
