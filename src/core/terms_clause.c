/*
 * core/terms_clause.c: a clause of payment terms read from a text: a share or
 * a discount, if one is said, and its day rule.
 */
#include "terms_parse.h"

#include <string.h>

static const char *const part_percent_what =
	"a percentage above 0, at most 100 and with at most " DN_STR(DN_PERCENT_SCALE) " decimals, was expected";
static const char *const discount_percent_what =
	"a discount above 0 and below 100 % with at most " DN_STR(DN_PERCENT_SCALE) " decimals was expected";
static const char *const amount_what =
	"an amount above 0, at most " DN_STR(DN_FEE_MAX) " and with at most "
	DN_STR(DN_FEE_SCALE) " decimals, was expected";
static const char *const base_what =
	"an amount of at most " DN_STR(DN_FEE_MAX) " with at most " DN_STR(DN_FEE_SCALE) " decimals was expected";
static const char *const times_what =
	"as many numbers of days as there are parts were expected, in rising order and with their unit";
static const char *const skonto_what = "#SKONTO#TAGE=days#PROZENT=percent# was expected";

/* A currency of three capitals that is no word of ours. */
static bool
scan_code(DnScan *s, char currency[4])
{
	const char *begin;
	const char *after;
	int			i;

	dn_blanks(s);
	begin = s->p;
	if (dn_bytes_at(s, s->p, "\xE2\x82\xAC", 3))
	{
		memcpy(currency, "EUR", 4);
		s->p += 3;
		return true;
	}
	for (i = 0; i < 3; i++)
		if (s->p + i >= s->end || s->p[i] < 'A' || s->p[i] > 'Z')
			return false;
	after = s->p + 3;
	if (dn_letter(s, &after) != '\0' || dn_digit_at(s, s->p + 3))
		return false;
	if (dn_skip(s, DN_WORDS_UNIT) || dn_skip(s, DN_WORDS_PERIOD_END) || dn_skip(s, DN_WORDS_OF_MONTH) || dn_skip(s, DN_WORDS_TAIL))
	{
		s->p = begin;
		return false;
	}
	memcpy(currency, s->p, 3);
	currency[3] = '\0';
	s->p += 3;
	return true;
}

bool
dn_check_percent(DnScan *s, const char *at, const Clause *c, bool fits)
{
	if (c->kind == CLAUSE_DISCOUNT ? !fits || c->value <= 0 || c->value >= DN_PERCENT_WHOLE :
		!fits || c->value <= 0 || c->value > DN_PERCENT_WHOLE)
		return dn_fail_at(s, at, DN_RANGE,
						  c->kind == CLAUSE_DISCOUNT ? discount_percent_what : part_percent_what);
	return true;
}

/* An amount of at least so many ten-thousandths. */
static bool
scan_money(DnScan *s, int64_t least, const char *what, int64_t *out)
{
	const char *begin;
	bool		fits;

	dn_blanks(s);
	begin = s->p;
	if (!dn_number(s, DN_FEE_SCALE, DN_FEE_MAX * DN_FEE_UNIT, out, &fits))
		return dn_fail(s, DN_SYNTAX, what);
	if (!fits || *out < least)
		return dn_fail_at(s, begin, DN_RANGE, what);
	return !dn_thousands(s, begin);
}

/* The amount of which a discount is a percentage. */
static bool
scan_base(DnScan *s, Clause *c)
{
	c->has_base = true;
	return scan_money(s, 0, base_what, &c->base);
}

/* PROZENT=2.00# */
static bool
scan_prozent(DnScan *s, Clause *c)
{
	const char *at = s->p;
	bool		fits;

	if (!dn_number(s, DN_PERCENT_SCALE, DN_PERCENT_WHOLE, &c->value, &fits))
		return dn_fail(s, DN_SYNTAX, discount_percent_what);
	if (fits && c->value == 0)
		c->kind = CLAUSE_PLAIN;
	return c->kind == CLAUSE_PLAIN || dn_check_percent(s, at, c, fits);
}

/* [BASISBETRAG=1000.00#], negative on a credit note: terms have no sign, so it is left out. */
static bool
scan_basisbetrag(DnScan *s, const char *begin, Clause *c)
{
	if (!dn_words(s, "basisbetrag"))
		return true;
	if (!dn_char(s, '='))
		return dn_fail_at(s, begin, DN_SYNTAX, skonto_what);
	dn_char(s, '-');
	return scan_base(s, c) && (dn_char(s, '#') || dn_fail_at(s, begin, DN_SYNTAX, skonto_what));
}

/*
 * The German form of an early-payment discount:
 * #SKONTO#TAGE=14#PROZENT=2.00#, with an optional BASISBETRAG=1000.00#.  No
 * percent is no discount: the day on which the whole is due.
 */
static bool
scan_skonto(Parser *ps, Clause *c)
{
	DnScan	   *s = &ps->s;
	const char *begin = s->p;
	int32_t		days;
	Rule		r;

	memset(&r, 0, sizeof(r));
	c->kind = CLAUSE_DISCOUNT;
	if (!(dn_char(s, '#') && dn_words(s, "skonto") && dn_char(s, '#') && dn_words(s, "tage") && dn_char(s, '=')))
		return dn_fail_at(s, begin, DN_SYNTAX, skonto_what);
	if (!dn_int(s, 0, DN_TERM_DAYS_MAX, &days, DN_DAYS_WHAT))
		return false;
	if (!(dn_char(s, '#') && dn_words(s, "prozent") && dn_char(s, '=')))
		return dn_fail_at(s, begin, DN_SYNTAX, skonto_what);
	if (!scan_prozent(s, c))
		return false;
	if (!dn_char(s, '#'))
		return dn_fail_at(s, begin, DN_SYNTAX, skonto_what);
	if (!scan_basisbetrag(s, begin, c) || !dn_add_move(s, begin, &r, DN_MOVE_DAYS, days))
		return false;
	dn_keep_rule(ps, &r, c);
	return true;
}

/* Whether a clause may end here. */
bool
dn_at_separator(const DnScan *here)
{
	DnScan		s = *here;

	dn_blanks(&s);
	return s.p == s.end || strchr(",;/|-", *s.p) != NULL || (unsigned char) *s.p == 0xE2 ||
		dn_at(&s, DN_WORDS_CONJUNCTION) || dn_at(&s, DN_WORDS_BALANCE);
}

/* "of 1000.00" after a percentage makes it a discount; *found if it stands here. */
static bool
scan_of_base(DnScan *s, Clause *c, bool *found)
{
	DnScan		saved = *s;

	*found = false;
	if (!dn_skip(s, DN_WORDS_OF_BASE))
		return true;
	dn_blanks(s);
	if (!dn_digit_at(s, s->p) || dn_at_local_date(s))
	{
		*s = saved;
		return true;
	}
	*found = true;
	c->kind = CLAUSE_DISCOUNT;
	if (!scan_base(s, c))
		return false;
	dn_skip(s, DN_WORDS_DISCOUNT);
	return true;
}

/* Of what a percentage is one, and whether it is a part, a deposit or a discount. */
static bool
scan_percent_of(DnScan *s, Clause *c)
{
	bool		based;
	int			value;

	if (c->kind == CLAUSE_PLAIN)
		c->kind = CLAUSE_PERCENT;
	if (c->kind == CLAUSE_PERCENT && dn_skip(s, DN_WORDS_OF_REMAINDER))
	{
		c->kind = CLAUSE_REMAINDER;
		return true;
	}
	if (c->kind != CLAUSE_PART && !scan_of_base(s, c, &based))
		return false;
	while (dn_phrase(s, DN_WORDS_SHARE, &value))
	{
		c->kind = value == 1 ? CLAUSE_PART : value == 0 ? CLAUSE_DISCOUNT : c->kind;
		c->of_total |= value == 2;
	}
	return true;
}

/* What follows a share; a deposit is due on order unless it says otherwise. */
static bool
scan_share_rule(Parser *ps, Clause *c, bool deposit)
{
	Rule		r;
	bool		ok;

	dn_skip_tails(ps);
	if (!deposit || !(dn_at_separator(&ps->s) || dn_at_fraction(ps) || dn_at_percent(&ps->s)))
	{
		/* the number of days of a discount needs no unit */
		bool		bare = c->kind != CLAUSE_PART;

		ps->if_paid = false;
		ok = dn_scan_rule(ps, c, bare);
		c->if_paid = ps->if_paid;
		return ok;
	}
	memset(&r, 0, sizeof(r));
	dn_add_move(&ps->s, ps->s.p, &r, DN_MOVE_EVENT, DN_EVENT_ORDER);
	dn_keep_rule(ps, &r, c);
	return true;
}

/* Whether the /10 of 2/10 follows a number, which is no day of a date. */
static bool
at_short_days(const DnScan *s, const char *begin)
{
	DnScan		from = *s;

	from.p = begin;
	return s->p < s->end && *s->p == '/' && dn_digit_at(s, s->p + 1) && !dn_at_local_date(&from);
}

/* An amount whose currency stands behind it, at *s. */
static bool
scan_amount_of(Parser *ps, Clause *c, const char *begin)
{
	DnScan	   *s = &ps->s;
	const char *after = s->p;

	s->p = begin;
	if (!scan_money(s, 1, amount_what, &c->value))
		return false;
	s->p = after;
	c->kind = CLAUSE_AMOUNT;
	return dn_scan_rule(ps, c, false);
}

/* Whether a word that makes any share of the number before it stands here: a deposit, of the total. */
static bool
at_share(const DnScan *here)
{
	DnScan		s = *here;
	int			value = 0;

	return dn_phrase(&s, DN_WORDS_SHARE, &value) && value != 0;
}

/* 1/3, 2/3, 3/4; any other one before such a word: 7/60 of the total; nothing else is taken */
bool
dn_quotient(DnScan *s, int32_t *n, int32_t *of)
{
	DnScan		ahead = *s;

	if (!dn_digit_at(&ahead, ahead.p) || !dn_int(&ahead, 1, DN_PARTS_MAX - 1, n, part_percent_what) ||
		!dn_bytes_at(&ahead, ahead.p, "/", 1) || !dn_digit_at(&ahead, ++ahead.p) || !dn_int(&ahead, 2, DN_PARTS_MAX, of, part_percent_what) ||
		*n >= *of || !(*of <= (*n == 1 ? 12 : 5) || at_share(&ahead)))
		return false;
	s->p = ahead.p;
	return true;
}

/* Whether 1/3 stands at "begin", and not 2/10. */
static bool
is_quotient(const DnScan *s, const char *begin)
{
	DnScan		from = *s;
	int32_t		n;
	int32_t		of;

	from.p = begin;
	return dn_quotient(&from, &n, &of) && of <= 5;
}

/* Whether "net 30" follows, after a comma or none. */
static bool
at_net(const DnScan *here)
{
	DnScan		s = *here;

	dn_take(&s, ',');
	return dn_at_net_number(&s);
}

/* Makes a clause a part of n/of: a fraction in its lowest terms unless it is a percentage. */
static void
set_fraction(Parser *ps, Clause *c, int32_t n, int32_t of)
{
	int32_t		common = n;

	c->kind = CLAUSE_PART;
	c->value = DN_PERCENT_WHOLE * n / of;
	if (DN_PERCENT_WHOLE * n % of == 0)
		return;
	while (n % common != 0 || of % common != 0)
		common--;
	c->fraction = dn_fraction(n / common, of / common);
	ps->inexact = true;
}

/* A share as a fraction before its rule; *found if it is one. */
static bool
scan_fraction(Parser *ps, Clause *c, bool *found)
{
	DnScan	   *s = &ps->s;
	DnScan		saved = *s;
	int32_t		n = 1;
	int32_t		of = 2;
	int			named;
	bool		deposit;

	dn_blanks(s);
	*found = true;
	if (dn_phrase(s, DN_WORDS_FRACTION, &named))
		of = named;
	else
		*found = dn_quotient(s, &n, &of);
	if (*found)
		*found = ps->fractions || at_share(s) || dn_at(s, DN_WORDS_EVENT) ||
			(dn_at(s, DN_WORDS_LEAD) && (ps->inexact || !dn_at_net_number(s))) ||
			(ps->n > 0 && ps->clause[ps->n - 1].kind == CLAUSE_PART && dn_at_number(s));
	if (!*found)
	{
		*s = saved;
		return true;
	}
	deposit = c->kind == CLAUSE_PART;
	while (dn_phrase(s, DN_WORDS_SHARE, &named))
		deposit |= named == 1;
	set_fraction(ps, c, n, of);
	return scan_share_rule(ps, c, deposit);
}

/* The numbers of 30/60/90, of 30, 60 and 90, or of 50/50. */
typedef struct List
{
	int32_t		n[DN_PARTS_MAX];
	int			count;
	int			sum;
	bool		rising;
	bool		hyphens;
	bool		commas;
	int			times;			/* so many are said to be there, 0 if it is not said */
	const char *at;
} List;

/* "and" or "then" before another number; "or" says that there is a choice. */
static bool
take_and(DnScan *s)
{
	int			value = 0;

	if (!dn_phrase(s, DN_WORDS_CONJUNCTION, &value) || value != 0)
		return false;
	dn_blanks(s);
	return dn_digit_at(s, s->p);
}

/* Goes past "in 3 instalments at" and "by thirds": how many parts there are, 0 if it is not said. */
static int
scan_times(DnScan *s)
{
	DnScan		ahead = *s;
	int64_t		digits;
	bool		fits;
	int			n = 0;
	int			named = 0;

	if (!dn_phrase(&ahead, DN_WORDS_NUMBER, &n) && dn_number(&ahead, 0, DN_PARTS_MAX, &digits, &fits) && fits)
		n = (int) digits;
	if (!dn_phrase(&ahead, DN_WORDS_TIMES, &named) || (n == 0) == (named == 0))
		return 0;
	s->p = ahead.p;
	while (dn_skip(s, DN_WORDS_LEAD))
		;
	return n + named;
}

static bool
scan_list(DnScan *here, List *l)
{
	DnScan		s = *here;

	memset(l, 0, sizeof(*l));
	l->times = scan_times(&s);
	l->rising = true;
	dn_blanks(&s);
	l->at = s.p;
	if (dn_at_date(&s) || dn_at_local_date(&s))
		return false;
	do
	{
		dn_blanks(&s);
		if (l->count == DN_PARTS_MAX || !dn_digit_at(&s, s.p) || !dn_int(&s, 0, DN_TERM_DAYS_MAX, &l->n[l->count], DN_DAYS_WHAT))
			return false;
		l->rising &= l->count == 0 || l->n[l->count] > l->n[l->count - 1];
		l->sum += l->n[l->count++];
		here->p = s.p;
		l->hyphens |= dn_peek(&s, '-');
		l->commas |= dn_peek(&s, ',');
	} while (dn_take(&s, '/') || dn_take(&s, '-') || dn_take(&s, ',') || take_and(&s));
	return l->count > 1;
}

bool
dn_add_clause(Parser *ps, const char *begin, ClauseKind kind, int64_t value)
{
	Clause	   *c = &ps->clause[ps->n];

	if (ps->n == CLAUSES_MAX)
		return dn_fail_at(&ps->s, begin, DN_LIMIT, DN_PARTS_WHAT);
	memset(c, 0, sizeof(*c));
	c->at = begin;
	c->kind = kind;
	c->value = value;
	return true;
}

/*
 * 30/60/90 days: equal parts, each by the same rule.  50/50: half on order and
 * half on delivery.  The last part is left in the clause after those counted.
 */
static bool
scan_parts(Parser *ps, bool *found)
{
	DnScan	   *s = &ps->s;
	DnScan		after = *s;
	List		l;
	int			i;

	*found = false;
	if (!scan_list(&after, &l))
		return l.times == 0 || dn_fail_at(s, l.at, DN_SYNTAX, times_what);
	if (l.count == 2 && l.sum == 100 && l.n[0] > 0 && l.n[1] > 0 && dn_at_separator(&after))
	{
		*found = true;
		s->p = after.p;
		for (i = 0; i < 2; i++)
		{
			Rule		r;

			memset(&r, 0, sizeof(r));
			dn_add_move(s, l.at, &r, DN_MOVE_EVENT, i == 0 ? DN_EVENT_ORDER : DN_EVENT_DELIVERY);
			if (!dn_add_clause(ps, l.at, CLAUSE_PART, l.n[i] * DN_PERCENT_UNIT))
				return false;
			dn_keep_rule(ps, &r, &ps->clause[ps->n]);
			ps->n += i == 0;
		}
		return true;
	}
	dn_char(&after, '-');
	if (l.times != 0 && (l.times != l.count || !l.rising || !dn_at(&after, DN_WORDS_UNIT)))
		return dn_fail_at(s, l.at, DN_SYNTAX, times_what);
	/* 2/10 days is a discount, 30-60 days may be a range */
	if (!l.rising || !(dn_at(&after, DN_WORDS_UNIT) || ps->bare) ||
		(l.times == 0 && ((l.n[0] > 0 && l.n[0] < 10) || (l.count == 2 && (l.hyphens || l.commas || l.n[0] < 15)))))
		return true;
	*found = true;
	for (i = 0; i < l.count; i++)
	{
		Rule		r;

		memset(&r, 0, sizeof(r));
		s->p = after.p;
		ps->closed = false;
		if (!dn_add_clause(ps, l.at, CLAUSE_PART, 0) || !dn_scan_unit(ps, &r, l.n[i], l.at))
			return false;
		set_fraction(ps, &ps->clause[ps->n], 1, l.count);
		if (dn_take(s, '+'))
			return dn_fail(s, DN_SYNTAX, "an end of a period was expected before more days");
		if (!dn_scan_steps(ps, &r, true))
			return false;
		dn_keep_rule(ps, &r, &ps->clause[ps->n]);
		ps->n += i < l.count - 1;
	}
	ps->inexact = true;
	return true;
}

/* A percentage that follows its rule: 14 days 2%, on order 30%; *found if it is one. */
static bool
scan_late_percent(Parser *ps, Clause *c, bool *found)
{
	DnScan	   *s = &ps->s;
	const char *begin;
	DnScan		saved = *s;
	bool		with = false;
	bool		at_once = ps->room->move[c->first].kind == DN_MOVE_EVENT;
	bool		sign;
	bool		fits;
	int			value = 0;
	bool		said;

	*found = false;
	while (dn_skip(s, DN_WORDS_LESS))
		with = true;
	dn_blanks(s);
	begin = s->p;
	if (!dn_number(s, DN_PERCENT_SCALE, DN_PERCENT_WHOLE, &c->value, &fits))
	{
		*s = saved;
		return true;
	}
	sign = dn_take(s, '%') || dn_skip(s, DN_WORDS_PERCENT);
	if (sign && fits && c->value == DN_PERCENT_WHOLE)
	{
		while (dn_skip_tails(ps) || dn_skip(s, DN_WORDS_EVENT))
			;
		c->value = 0;
		return true;
	}
	said = dn_phrase(s, DN_WORDS_SHARE, &value) && value == 0;
	*found = (said || sign) && value == 0 &&
		(dn_at_separator(s) || dn_at_net_number(s) || (!ps->closed && !at_once && !with && dn_at_number(s))) && !(ps->closed && !dn_at_separator(s));
	if (!*found)
	{
		*s = saved;
		c->value = 0;
		return true;
	}
	c->kind = said || with ? CLAUSE_DISCOUNT : CLAUSE_PERCENT;
	return dn_check_percent(s, begin, c, fits);
}

/* A clause that begins with a number that is not one of days: 2%, 2/10, 500 EUR; *found if it does. */
static bool
scan_number(Parser *ps, Clause *c, bool lead, bool *found)
{
	DnScan	   *s = &ps->s;
	const char *begin;
	bool		fits;
	int			value;

	*found = false;
	if (c->kind != CLAUSE_DISCOUNT && !scan_fraction(ps, c, found))
		return false;
	if (*found)
		return true;
	if (c->kind == CLAUSE_PLAIN && !scan_parts(ps, found))
		return false;
	if (*found)
		return true;
	dn_blanks(s);
	begin = s->p;
	*found = true;
	if (!dn_number(s, DN_PERCENT_SCALE, DN_PERCENT_WHOLE, &c->value, &fits))
	{
		*found = false;
		return true;
	}
	if (dn_take(s, '%') || dn_skip(s, DN_WORDS_PERCENT) ||
		(dn_at(s, DN_WORDS_SHARE) && dn_phrase(s, DN_WORDS_SHARE, &value) && value == 0))
	{
		/* 2%/10 net 30 */
		if (fits && c->value < DN_DEPOSIT_LEAST && s->p < s->end && *s->p == '/' && dn_digit_at(s, s->p + 1))
			s->p++;
		return scan_percent_of(s, c) && dn_check_percent(s, begin, c, fits) && scan_share_rule(ps, c, c->kind == CLAUSE_PART);
	}
	if (c->kind != CLAUSE_PLAIN)
	{
		s->p = begin;
		*found = false;
		return true;
	}
	if (!lead && at_short_days(s, begin))
	{
		s->p++;
		c->kind = CLAUSE_DISCOUNT;
		c->is_short = true;
		if (!dn_check_percent(s, begin, c, fits) || !dn_scan_rule(ps, c, true))
			return false;
		if (c->n > 1 && ps->room->move[c->first].kind == DN_MOVE_EVENT)
			return dn_fail_at(s, begin, DN_SYNTAX, "a share such as 1/3 or 50% was expected");
		if (ps->room->move[c->first].kind == DN_MOVE_DAYS && c->value > ps->room->move[c->first].n * DN_PERCENT_UNIT && !dn_peek(s, '/'))
			return dn_fail_at(s, begin, DN_SYNTAX, "2/10 is 2 % within 10 days: the percentage stands first");
		return !dn_at_number(s) && (!is_quotient(s, begin) || at_net(s)) ? true :
			dn_fail_at(s, begin, DN_SYNTAX, "\"net\" was expected after a discount such as 2/10");
	}
	if (scan_code(s, c->currency))
		return scan_amount_of(ps, c, begin);
	s->p = begin;
	*found = false;
	return true;
}

/* Goes past what begins a clause and means nothing to it; whether there was any. */
static bool
skip_leads(Parser *ps)
{
	DnScan	   *s = &ps->s;
	bool		found = false;

	while (!dn_at(s, DN_WORDS_EVENT) && !dn_at(s, DN_WORDS_BALANCE) && !dn_at(s, DN_WORDS_SHARE) && !dn_at(s, DN_WORDS_FOLLOWING_END))
	{
		DnScan		ahead = *s;
		int			value;

		value = 0;
		if (!dn_skip(&ahead, DN_WORDS_MEANS) && (!dn_skip_lead(&ahead, &value) || value == 1 || value == DN_LEAD_PLUS))
			break;
		ps->after |= value == DN_LEAD_AFTER;
		s->p = ahead.p;
		found = true;
	}
	return found;
}

/* The balance, which may say what it is, and its rule. */
static bool
scan_balance(Parser *ps, Clause *c)
{
	DnScan	   *s = &ps->s;
	DnScan		ahead = *s;
	bool		fits;

	c->kind = CLAUSE_BALANCE;
	dn_skip(&ahead, DN_WORDS_OF_BASE);
	if (dn_number(&ahead, DN_PERCENT_SCALE, DN_PERCENT_WHOLE, &c->value, &fits) && (dn_take(&ahead, '%') || dn_skip(&ahead, DN_WORDS_PERCENT)))
	{
		s->p = ahead.p;
		c->kind = CLAUSE_PART;
		if (!dn_check_percent(s, c->at, c, fits))
			return false;
	}
	return dn_scan_rule(ps, c, false);
}

/* A share, if one stands here, and its day rule. */
bool
dn_scan_clause(Parser *ps, Clause *c)
{
	DnScan	   *s = &ps->s;
	const char *begin = s->p;
	bool		lead;
	bool		found;
	int			value;

	if (dn_peek(s, '#'))
		return scan_skonto(ps, c);
	lead = skip_leads(ps);
	if (dn_skip(s, DN_WORDS_BALANCE))
		return scan_balance(ps, c);
	if (dn_skip(s, DN_WORDS_AMOUNT))
	{
		c->kind = CLAUSE_AMOUNT;
		if (!scan_money(s, 1, amount_what, &c->value))
			return false;
		scan_code(s, c->currency);
		return dn_scan_rule(ps, c, false);
	}
	while (dn_phrase(s, DN_WORDS_SHARE, &value))
		c->kind = value == 1 ? CLAUSE_PART : value == 0 ? CLAUSE_DISCOUNT : c->kind;
	if (!scan_number(ps, c, lead, &found))
		return false;
	if (found)
		return true;
	if (c->kind != CLAUSE_PLAIN)
		return dn_fail(s, DN_SYNTAX, "a percentage was expected");
	/* an event may begin with what a rule can go without */
	if (!lead)
		s->p = begin;
	c->value = 0;
	return dn_scan_rule(ps, c, false) && scan_late_percent(ps, c, &found);
}
