/*
 * core/terms_parse.c: payment terms read from a text.
 *
 * A text comes in any of the languages of terms_words.c, with or without
 * accents, and in any encoding in which ASCII is ASCII: accented letters of
 * UTF-8 and of Latin-1 count as the letters below them.
 */
#include "terms_internal.h"

#include <string.h>

static const char *const rule_what =
	"a day rule such as \"net 30\", \"45 days end of month\" or \"on the 15th\" was expected";
static const char *const separator_what = "a day rule, \",\", \";\" or the end was expected";
static const char *const days_what =
	"a number of days from 0 to " DN_STR(DN_TERM_DAYS_MAX) " was expected";
static const char *const weeks_what =
	"a number of weeks from 0 to " DN_STR(DN_TERM_WEEKS_MAX) " was expected";
static const char *const months_what =
	"a number of months from 0 to " DN_STR(DN_TERM_MONTHS_MAX) " was expected";
static const char *const dom_what = "a day of the month from 0 to 31 was expected";
static const char *const moves_what =
	"a day rule has at most " DN_STR(DN_MOVES_MAX) " steps";
static const char *const parts_what =
	"payment terms have at most " DN_STR(DN_PARTS_MAX) " parts";
static const char *const discounts_what =
	"payment terms have at most " DN_STR(DN_DISCOUNTS_MAX) " discounts";
static const char *const part_percent_what =
	"a percentage above 0, at most 100 and with at most " DN_STR(DN_PERCENT_SCALE) " decimals, was expected";
static const char *const discount_percent_what =
	"a discount above 0 and below 100 % with at most " DN_STR(DN_PERCENT_SCALE) " decimals was expected";
static const char *const amount_what =
	"an amount above 0, at most " DN_STR(DN_FEE_MAX) " and with at most "
	DN_STR(DN_FEE_SCALE) " decimals, was expected";
static const char *const base_what =
	"an amount of at most " DN_STR(DN_FEE_MAX) " with at most " DN_STR(DN_FEE_SCALE) " decimals was expected";

static const char *const skonto_what = "#SKONTO#TAGE=days#PROZENT=percent# was expected";

typedef enum ClauseKind
{
	CLAUSE_PLAIN,				/* no share: the whole amount */
	CLAUSE_PERCENT,				/* a part or a discount, as the other clauses say */
	CLAUSE_DISCOUNT,
	CLAUSE_REMAINDER,
	CLAUSE_AMOUNT,
	CLAUSE_BALANCE
} ClauseKind;

typedef struct Clause
{
	const char *at;
	int64_t		value;
	int64_t		base;			/* of a discount, if has_base */
	bool		has_base;
	ClauseKind	kind;
	uint16_t	first;
	uint8_t		n;
	bool		is_short;		/* 2/10 */
	char		currency[4];
} Clause;

#define CLAUSES_MAX (DN_PARTS_MAX + DN_DISCOUNTS_MAX)

typedef struct Parser
{
	DnScan		s;
	DnTermsRoom *room;
	int			n_moves;
	int			n;
	bool		has_shift;
	bool		has_tax;
	bool		skonto;			/* the last clause was #SKONTO#...# */
	bool		eom;			/* the last clause said N EOM */
	bool		net_eom;		/* so did that of the whole amount */
	DnShift		shift;
	DnTax		tax;
	Clause		clause[CLAUSES_MAX];
} Parser;

static bool
is_digit(const DnScan *s, const char *p)
{
	return p < s->end && *p >= '0' && *p <= '9';
}

static bool
continues(const DnScan *s, const char *p, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		if (p + i >= s->end || ((unsigned char) p[i] & 0xC0) != 0x80)
			return false;
	return true;
}

/*
 * The letter at *p as lower-case ASCII, '\0' if there is none; goes past it
 * and past combining accents.
 */
static char
letter(const DnScan *s, const char **p)
{
	static const char latin1[] =
		"aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty";
	unsigned char b;
	char		c = '\0';
	int			bytes = 1;

	if (*p >= s->end)
		return '\0';
	b = (unsigned char) **p;
	if (b >= 'A' && b <= 'Z')
		c = (char) (b - 'A' + 'a');
	else if (b >= 'a' && b <= 'z')
		c = (char) b;
	else if (b == 0xC3 && continues(s, *p + 1, 1))
	{
		c = latin1[(unsigned char) (*p)[1] & 0x3F];
		bytes = 2;
	}
	else if (b >= 0xC0 && !continues(s, *p + 1, b >= 0xF0 ? 3 : b >= 0xE0 ? 2 : 1))
		c = latin1[b - 0xC0];
	if (c == '\0' || c == '*')
		return '\0';
	*p += bytes;
	while (s->end - *p >= 2 && (unsigned char) (*p)[0] == 0xCC && continues(s, *p + 1, 1))
		*p += 2;
	return c;
}

/* Goes past blanks, also those that do not break a line. */
static void
space(DnScan *s)
{
	for (;;)
	{
		size_t		left;

		dn_space(s);
		left = (size_t) (s->end - s->p);
		if (left >= 2 && memcmp(s->p, "\xC2\xA0", 2) == 0)
			s->p += 2;
		else if (left >= 3 && (memcmp(s->p, "\xE2\x80\xAF", 3) == 0 || memcmp(s->p, "\xE2\x80\x89", 3) == 0))
			s->p += 3;
		else if (left >= 1 && *s->p == '\xA0')
			s->p += 1;
		else
			return;
	}
}

/* Takes one character if it stands here. */
static bool
take(DnScan *s, char c)
{
	space(s);
	return dn_char(s, c);
}

/* Where these words end if they stand here, NULL if they do not. */
static const char *
words_end(DnScan *s, const char *words)
{
	DnScan		t = *s;
	const char *after;

	for (; *words != '\0'; words++)
	{
		if (*words == ' ')
		{
			const char *before = t.p;

			space(&t);
			if (t.p == before && t.p < t.end && (*t.p == '-' || *t.p == '\''))
				t.p++;
			else if (t.p == before && t.end - t.p >= 3 && memcmp(t.p, "\xE2\x80\x99", 3) == 0)
				t.p += 3;
			if (t.p == before)
				return NULL;
		}
		else if (letter(&t, &t.p) != *words)
			return NULL;
	}
	after = t.p;
	return letter(&t, &after) == '\0' ? t.p : NULL;
}

static bool
words(DnScan *s, const char *text)
{
	const char *end;

	space(s);
	end = words_end(s, text);
	if (end == NULL)
		return false;
	s->p = end;
	return true;
}

/* Takes the longest phrase of a kind, of any language, that stands here. */
static bool
phrase(DnScan *s, DnWords kind, int *value)
{
	const char *longest = NULL;
	int			i;

	space(s);
	for (i = 0; i < DN_LANGUAGES; i++)
	{
		const DnPhrase *p = dn_terms_words[i]->read[kind];

		for (; p != NULL && p->text != NULL; p++)
		{
			const char *end = words_end(s, p->text);

			if (end != NULL && (longest == NULL || end > longest))
			{
				longest = end;
				*value = p->value;
			}
		}
	}
	if (longest == NULL)
		return false;
	s->p = longest;
	return true;
}

/* The same of phrases that mean no more than that they are there. */
static bool
skip(DnScan *s, DnWords kind)
{
	int			ignored;

	return phrase(s, kind, &ignored);
}

/*
 * A decimal with a point or a comma as a whole number of 10^-scale units, at
 * most max of them.  Takes nothing where no digit stands.
 */
static bool
number(DnScan *s, int scale, int64_t max, int64_t *out, bool *fits)
{
	int64_t		v = 0;
	int			decimals = 0;

	space(s);
	if (!is_digit(s, s->p))
		return false;
	*fits = true;
	for (; is_digit(s, s->p); s->p++)
	{
		if (v <= max)
			v = v * 10 + (*s->p - '0');
	}
	if (s->p < s->end && (*s->p == '.' || *s->p == ',') && is_digit(s, s->p + 1))
	{
		for (s->p++; is_digit(s, s->p); s->p++)
		{
			if (decimals == scale)
			{
				if (*s->p != '0')
					*fits = false;
				continue;
			}
			decimals++;
			if (v <= max)
				v = v * 10 + (*s->p - '0');
		}
	}
	for (; decimals < scale && v <= max; decimals++)
		v *= 10;
	if (v > max)
		*fits = false;
	*out = v;
	return true;
}

/*
 * Whether an amount that ends here was written with exactly three decimals:
 * somebody's thousands as likely as a fraction, so neither is assumed.
 */
static bool
thousands(DnScan *s, const char *begin)
{
	return s->p - begin > 4 && (s->p[-4] == '.' || s->p[-4] == ',') &&
		!dn_fail_at(s, begin, DN_SYNTAX, "an amount with three decimals could mean thousands: write 1000.00, or a fourth decimal");
}

/* The moves of the rule that is being read. */
typedef struct Rule
{
	DnMove		move[DN_MOVES_MAX];
	int			n;
	bool		zero;			/* an advance by nothing was left out */
} Rule;

static bool
add_move(DnScan *s, const char *at, Rule *r, DnMoveKind kind, int32_t n)
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

/* The days of a month that "on the" names. */
typedef struct Doms
{
	uint32_t	mask;			/* bit 31 is the 31st, bit 0 the end of the month */
	int			count;
	int32_t		last;
} Doms;

/* K [or K]... */
static bool
scan_dom_list(DnScan *s, bool next, Doms *d)
{
	memset(d, 0, sizeof(*d));
	do
	{
		const char *begin;

		space(s);
		begin = s->p;
		if (!dn_int(s, 0, 31, &d->last, dom_what))
			return false;
		skip(s, DN_WORDS_ORDINAL);
		if (d->last == 0 && (d->count > 0 || next))
			return dn_fail_at(s, begin, DN_RANGE, "day 0, the end of the month, stands alone");
		d->mask |= UINT32_C(1) << d->last;
		d->count++;
	} while (d->last != 0 && skip(s, DN_WORDS_OR) && (skip(s, DN_WORDS_THE) || true));
	return true;
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

	if (!scan_dom_list(s, next, &d))
		return false;
	phrase(s, DN_WORDS_OF_MONTH, &following);
	if (d.last == 0)
	{
		if (r->n > 0 && r->move[r->n - 1].kind == DN_MOVE_END && r->move[r->n - 1].n == DN_PERIOD_MONTH)
			return true;
		return add_move(s, at, r, DN_MOVE_END, DN_PERIOD_MONTH);
	}
	if (following == 1 || (following == -1 && !next && d.count == 1 && dn_after_month_end(r->move, r->n)))
	{
		if (d.count > 1 || next)
			return dn_fail_at(s, at, DN_SYNTAX, "one day of the following month was expected");
		return add_move(s, at, r, DN_MOVE_FOLLOWING, d.last);
	}
	return add_move(s, at, r, DN_MOVE_NEXT, (int32_t) (d.mask >> 1));
}

/* Whether YYYY-MM-DD begins here. */
static bool
at_date(const DnScan *s)
{
	return is_digit(s, s->p) && is_digit(s, s->p + 1) && is_digit(s, s->p + 2) && is_digit(s, s->p + 3) &&
		s->p + 4 < s->end && s->p[4] == '-';
}

/* Whether a day of the month and a slash begin here: DD/MM/YYYY. */
static bool
at_french_date(const DnScan *s)
{
	const char *p = s->p;

	while (is_digit(s, p) && p - s->p < 2)
		p++;
	return p > s->p && p < s->end && *p == '/';
}

static bool
scan_french_date(DnScan *s, int32_t *day)
{
	static const char *const what = "a day such as 2026-03-31 or 31/03/2026 was expected";
	const char *begin = s->p;
	int32_t		part[3];
	int			i;

	for (i = 0; i < 3; i++)
	{
		if (i > 0 && (s->p == s->end || *s->p++ != '/'))
			return dn_fail_at(s, begin, DN_SYNTAX, what);
		if (!is_digit(s, s->p))
			return dn_fail_at(s, begin, DN_SYNTAX, what);
		if (!dn_int(s, 0, DN_YEAR_MAX, &part[i], what))
			return false;
	}
	if (s->p - begin < 8 || !is_digit(s, s->p - 4) || !is_digit(s, s->p - 3))
		return dn_fail_at(s, begin, DN_SYNTAX, what);
	if (!dn_day_from_civil(part[2], part[1], part[0], day))
		return dn_fail_at(s, begin, DN_DATE, "the calendar has no such day");
	return true;
}

/* A number of days, weeks or months; "bare" days need no unit. */
static bool
scan_advance(Parser *ps, Rule *r, bool bare)
{
	DnScan	   *s = &ps->s;
	const char *begin;
	const char *after;
	int32_t		n;
	int			unit;

	space(s);
	begin = s->p;
	if (!dn_int(s, 0, DN_TERM_DAYS_MAX, &n, days_what))
		return false;
	after = s->p;
	if (skip(s, DN_WORDS_ORDINAL))
	{
		if (is_digit(s, s->p))
			return dn_fail_at(s, begin, DN_SYNTAX, days_what);
		s->p = begin;
		return scan_doms(s, begin, r, false);
	}
	if (phrase(s, DN_WORDS_UNIT, &unit))
	{
		if (unit == DN_MOVE_WEEKS && n > DN_TERM_WEEKS_MAX)
			return dn_fail_at(s, begin, DN_RANGE, weeks_what);
		if (unit == DN_MOVE_MONTHS && n > DN_TERM_MONTHS_MAX)
			return dn_fail_at(s, begin, DN_RANGE, months_what);
		return add_move(s, begin, r, (DnMoveKind) unit, n);
	}
	if (skip(s, DN_WORDS_OF_MONTH))
	{
		s->p = begin;
		return scan_doms(s, begin, r, false);
	}
	/* 45 FDM, 30 EOM */
	if (!bare && !skip(s, DN_WORDS_PERIOD_END))
		return dn_fail(s, DN_SYNTAX, "days, weeks or months were expected after the number");
	s->p = after;
	return add_move(s, begin, r, DN_MOVE_DAYS, n);
}

/*
 * An end of a period.  After it come the days that were said before it: where
 * the text says so, and with the abbreviation EOM, as trade reads it.
 */
static bool
add_period_end(Parser *ps, const char *at, Rule *r, int period, bool after)
{
	bool		eom = period == DN_PERIOD_EOM;

	if (eom && r->n > 1)
		return dn_fail_at(&ps->s, at, DN_SYNTAX, "EOM follows one number of days: write \"end of month\"");
	if (!add_move(&ps->s, at, r, DN_MOVE_END, eom ? DN_PERIOD_MONTH : period))
		return false;
	if ((eom || after) && r->n == 2 && r->move[0].kind <= DN_MOVE_MONTHS)
	{
		DnMove		advance = r->move[0];

		r->move[0] = r->move[1];
		r->move[1] = advance;
		ps->eom = eom;
	}
	return true;
}

/* One step of a day rule; *done if none stands here. */
static bool
scan_step(Parser *ps, Rule *r, bool bare, bool *done)
{
	DnScan	   *s = &ps->s;
	const char *begin;
	int			value;

	space(s);
	begin = s->p;
	*done = false;
	if (skip(s, DN_WORDS_FOLLOWING_END))
		return add_move(s, begin, r, DN_MOVE_FOLLOWING, 31);
	if (skip(s, DN_WORDS_LAST_DAY))
		return dn_after_month_end(r->move, r->n) ? add_move(s, begin, r, DN_MOVE_FOLLOWING, 31) :
			add_move(s, begin, r, DN_MOVE_NEXT, INT32_C(1) << 30);
	if (phrase(s, DN_WORDS_PERIOD_END, &value))
		return add_period_end(ps, begin, r, value, false);
	if (r->n == 1 && r->move[0].kind <= DN_MOVE_MONTHS && skip(s, DN_WORDS_AFTER))
	{
		if (phrase(s, DN_WORDS_PERIOD_END, &value))
			return add_period_end(ps, begin, r, value, true);
		s->p = begin;
	}
	if (phrase(s, DN_WORDS_ON, &value))
	{
		space(s);
		if (is_digit(s, s->p) && !at_date(s) && !at_french_date(s))
			return scan_doms(s, begin, r, value == 1);
		s->p = begin;
	}
	if (!empty(r) && take(s, '+'))
	{
		space(s);
		if (!is_digit(s, s->p))
			return dn_fail(s, DN_SYNTAX, days_what);
		return scan_advance(ps, r, bare);
	}
	/* a second number needs a "+", but for the days after an end of a period */
	if (is_digit(s, s->p) && (r->n == 0 || r->move[r->n - 1].kind == DN_MOVE_END))
		return scan_advance(ps, r, bare);
	s->p = begin;
	*done = true;
	return true;
}

/* "net 30" after a rule that ends without a separator: 2/10 net 30 */
static bool
at_net_number(const DnScan *at)
{
	DnScan		s = *at;

	if (!skip(&s, DN_WORDS_NET))
		return false;
	take(&s, '/');
	space(&s);
	return is_digit(&s, s.p);
}

/* A day that stands alone: an event or a date. */
static bool
scan_alone(DnScan *s, Rule *r, bool *found)
{
	const char *begin = s->p;
	int32_t		day;
	int			value;

	*found = true;
	if (phrase(s, DN_WORDS_EVENT, &value))
		return add_move(s, begin, r, DN_MOVE_EVENT, value);
	skip(s, DN_WORDS_ON);
	space(s);
	if (at_date(s))
		return dn_date(s, &day) && add_move(s, begin, r, DN_MOVE_DATE, day);
	if (at_french_date(s))
		return scan_french_date(s, &day) && add_move(s, begin, r, DN_MOVE_DATE, day);
	s->p = begin;
	*found = false;
	return true;
}

/* Keeps the rule of a clause; one that moves by nothing is the day of issue. */
static void
keep_rule(Parser *ps, Rule *r, Clause *c)
{
	if (r->n == 0)
		add_move(&ps->s, ps->s.p, r, DN_MOVE_EVENT, DN_EVENT_RECEIPT);
	c->first = (uint16_t) ps->n_moves;
	c->n = (uint8_t) r->n;
	memcpy(ps->room->move + ps->n_moves, r->move, (size_t) r->n * sizeof(DnMove));
	ps->n_moves += r->n;
}

/*
 * What stands before a day rule and means nothing to it, and a day that stands
 * alone; *bare if a number needs no unit.
 */
static bool
scan_leads(DnScan *s, Rule *r, bool *bare, bool *found)
{
	int			value;

	space(s);
	if (!scan_alone(s, r, found))
		return false;
	while (!*found && phrase(s, DN_WORDS_LEAD, &value))
	{
		if (value == 1)
		{
			*bare = true;
			take(s, '/');
		}
		space(s);
		if (!scan_alone(s, r, found))
			return false;
	}
	return true;
}

/* Takes a comma after which the same rule goes on. */
static bool
take_comma_in_rule(DnScan *s)
{
	DnScan		saved = *s;
	bool		goes_on = take(s, ',') && (skip(s, DN_WORDS_PERIOD_END) ||
										   (skip(s, DN_WORDS_ON) && (space(s), is_digit(s, s->p))));

	*s = saved;
	return goes_on && take(s, ',');
}

/*
 * The steps of a day rule.  That of the whole amount may go on after a comma:
 * "30 days end of month, on the 10th".
 */
static bool
scan_steps(Parser *ps, Rule *r, bool whole, bool bare)
{
	DnScan	   *s = &ps->s;
	bool		done;

	while (empty(r) || !at_net_number(s))
	{
		if (!scan_step(ps, r, bare, &done))
			return false;
		if (!done || (!empty(r) && (skip(s, DN_WORDS_TAIL) || (whole && take_comma_in_rule(s)))))
			continue;
		break;
	}
	return true;
}

/*
 * A whole day rule.  In a discount a number alone is one of days; elsewhere
 * it needs a unit or "net".
 */
static bool
scan_rule(Parser *ps, Clause *c, bool bare)
{
	DnScan	   *s = &ps->s;
	bool		whole = c->kind == CLAUSE_PLAIN || c->kind == CLAUSE_BALANCE;
	Rule		r;
	bool		found;

	memset(&r, 0, sizeof(r));
	if (!scan_leads(s, &r, &bare, &found) || (!found && !scan_steps(ps, &r, whole, bare)))
		return false;
	if (empty(&r))
		return dn_fail(s, DN_SYNTAX, rule_what);
	keep_rule(ps, &r, c);
	return true;
}

/* A currency of three capitals that is no word of ours. */
static bool
scan_code(DnScan *s, char currency[4])
{
	const char *begin;
	const char *after;
	int			i;

	space(s);
	begin = s->p;
	if (s->end - s->p >= 3 && memcmp(s->p, "\xE2\x82\xAC", 3) == 0)
	{
		memcpy(currency, "EUR", 4);
		s->p += 3;
		return true;
	}
	for (i = 0; i < 3; i++)
		if (s->p + i >= s->end || s->p[i] < 'A' || s->p[i] > 'Z')
			return false;
	after = s->p + 3;
	if (letter(s, &after) != '\0' || is_digit(s, s->p + 3))
		return false;
	if (skip(s, DN_WORDS_UNIT) || skip(s, DN_WORDS_PERIOD_END) || skip(s, DN_WORDS_TAIL))
	{
		s->p = begin;
		return false;
	}
	memcpy(currency, s->p, 3);
	currency[3] = '\0';
	s->p += 3;
	return true;
}

static bool
check_percent(DnScan *s, const char *at, const Clause *c, bool fits)
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

	space(s);
	begin = s->p;
	if (!number(s, DN_FEE_SCALE, DN_FEE_MAX * DN_FEE_UNIT, out, &fits))
		return dn_fail(s, DN_SYNTAX, what);
	if (!fits || *out < least)
		return dn_fail_at(s, begin, DN_RANGE, what);
	return !thousands(s, begin);
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

	if (!number(s, DN_PERCENT_SCALE, DN_PERCENT_WHOLE, &c->value, &fits))
		return dn_fail(s, DN_SYNTAX, discount_percent_what);
	return check_percent(s, at, c, fits);
}

/* [BASISBETRAG=1000.00#], negative on a credit note: terms have no sign, so it is left out. */
static bool
scan_basisbetrag(DnScan *s, const char *begin, Clause *c)
{
	if (!words(s, "basisbetrag"))
		return true;
	if (!dn_char(s, '='))
		return dn_fail_at(s, begin, DN_SYNTAX, skonto_what);
	dn_char(s, '-');
	return scan_base(s, c) && (dn_char(s, '#') || dn_fail_at(s, begin, DN_SYNTAX, skonto_what));
}

/*
 * The German form of an early-payment discount:
 * #SKONTO#TAGE=14#PROZENT=2.00#, with an optional BASISBETRAG=1000.00#.
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
	if (!(dn_char(s, '#') && words(s, "skonto") && dn_char(s, '#') && words(s, "tage") && dn_char(s, '=')))
		return dn_fail_at(s, begin, DN_SYNTAX, skonto_what);
	if (!dn_int(s, 0, DN_TERM_DAYS_MAX, &days, days_what))
		return false;
	if (!(dn_char(s, '#') && words(s, "prozent") && dn_char(s, '=')))
		return dn_fail_at(s, begin, DN_SYNTAX, skonto_what);
	if (!scan_prozent(s, c))
		return false;
	if (!dn_char(s, '#'))
		return dn_fail_at(s, begin, DN_SYNTAX, skonto_what);
	if (!scan_basisbetrag(s, begin, c) || !add_move(s, begin, &r, DN_MOVE_DAYS, days))
		return false;
	keep_rule(ps, &r, c);
	ps->skonto = true;
	return true;
}

/* Whether D/M/... begins here, a date and not a discount. */
static bool
at_slashes(const DnScan *s)
{
	const char *p = s->p;
	int			n = 0;

	for (; p < s->end && (is_digit(s, p) || *p == '/'); p++)
		n += *p == '/';
	return n == 2;
}

/* "of 1000.00" after a percentage makes it a discount; *found if it stands here. */
static bool
scan_of_base(DnScan *s, Clause *c, bool *found)
{
	DnScan		saved = *s;

	*found = false;
	if (!skip(s, DN_WORDS_OF_BASE))
		return true;
	space(s);
	if (!is_digit(s, s->p) || at_french_date(s))
	{
		*s = saved;
		return true;
	}
	*found = true;
	c->kind = CLAUSE_DISCOUNT;
	if (!scan_base(s, c))
		return false;
	skip(s, DN_WORDS_DISCOUNT);
	return true;
}

/* Of what a percentage is one, and whether it is a part, a deposit or a discount. */
static bool
scan_percent_of(DnScan *s, Clause *c, bool *deposit)
{
	bool		based;
	int			value;

	if (c->kind == CLAUSE_PLAIN)
		c->kind = CLAUSE_PERCENT;
	if (c->kind == CLAUSE_PERCENT && skip(s, DN_WORDS_OF_REMAINDER))
	{
		c->kind = CLAUSE_REMAINDER;
		return true;
	}
	if (*deposit)
		return true;
	if (!scan_of_base(s, c, &based))
		return false;
	if (!based && c->kind == CLAUSE_PERCENT && phrase(s, DN_WORDS_SHARE, &value))
	{
		*deposit = value == 1;
		if (!*deposit)
			c->kind = CLAUSE_DISCOUNT;
	}
	return true;
}

/* What follows a percentage. */
static bool
scan_percent(Parser *ps, Clause *c, const char *begin, bool fits, bool deposit)
{
	DnScan	   *s = &ps->s;
	DnScan		ahead;
	Rule		r;

	if (!scan_percent_of(s, c, &deposit) || !check_percent(s, begin, c, fits))
		return false;
	ahead = *s;
	if (!deposit || !(take(&ahead, ',') || take(&ahead, ';')))
		return scan_rule(ps, c, true);

	/* a deposit is due on order unless it says otherwise */
	memset(&r, 0, sizeof(r));
	add_move(s, s->p, &r, DN_MOVE_EVENT, DN_EVENT_ORDER);
	keep_rule(ps, &r, c);
	return true;
}

/* Whether the /10 of 2/10 follows a number, which is no day of a date. */
static bool
at_short_days(const DnScan *s, const char *begin)
{
	DnScan		number = *s;

	number.p = begin;
	return s->p < s->end && *s->p == '/' && is_digit(s, s->p + 1) && !at_slashes(&number);
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
	return scan_rule(ps, c, false);
}

/* A clause that begins with a number that is not one of days: 2%, 2/10, 500 EUR; *found if it does. */
static bool
scan_number(Parser *ps, Clause *c, bool deposit, bool *found)
{
	DnScan	   *s = &ps->s;
	const char *begin;
	bool		fits;

	space(s);
	begin = s->p;
	*found = true;
	if (!number(s, DN_PERCENT_SCALE, DN_PERCENT_WHOLE, &c->value, &fits))
	{
		*found = false;
		return true;
	}
	if (take(s, '%') || skip(s, DN_WORDS_PERCENT))
		return scan_percent(ps, c, begin, fits, deposit);
	if (c->kind == CLAUSE_PLAIN && at_short_days(s, begin))
	{
		s->p++;
		c->kind = CLAUSE_DISCOUNT;
		c->is_short = true;
		return check_percent(s, begin, c, fits) && scan_rule(ps, c, true);
	}
	if (c->kind == CLAUSE_PLAIN && scan_code(s, c->currency))
		return scan_amount_of(ps, c, begin);
	s->p = begin;
	*found = false;
	return true;
}

/* A share, if one stands here, and its day rule. */
static bool
scan_clause(Parser *ps, Clause *c)
{
	DnScan	   *s = &ps->s;
	bool		deposit = false;
	bool		found;
	int			value;

	memset(c, 0, sizeof(*c));
	space(s);
	c->at = s->p;
	ps->skonto = ps->eom = false;
	if (dn_peek(s, '#'))
		return scan_skonto(ps, c);
	if (skip(s, DN_WORDS_BALANCE))
	{
		c->kind = CLAUSE_BALANCE;
		return scan_rule(ps, c, false);
	}
	if (skip(s, DN_WORDS_AMOUNT))
	{
		c->kind = CLAUSE_AMOUNT;
		if (!scan_money(s, 1, amount_what, &c->value))
			return false;
		scan_code(s, c->currency);
		return scan_rule(ps, c, false);
	}
	if (phrase(s, DN_WORDS_SHARE, &value))
	{
		deposit = value == 1;
		c->kind = deposit ? CLAUSE_PERCENT : CLAUSE_DISCOUNT;
	}
	if (!scan_number(ps, c, deposit, &found))
		return false;
	if (found)
		return true;
	if (c->kind != CLAUSE_PLAIN)
		return dn_fail(s, DN_SYNTAX, "a percentage was expected");
	c->value = 0;
	return scan_rule(ps, c, false);
}

/* What the terms say besides their clauses; *found if one of those stands here. */
static bool
scan_option(Parser *ps, bool *found)
{
	DnScan	   *s = &ps->s;
	const char *begin;
	bool		again = false;
	int			value;

	space(s);
	begin = s->p;
	*found = true;
	if (phrase(s, DN_WORDS_SHIFT, &value))
	{
		again = ps->has_shift;
		ps->has_shift = true;
		ps->shift = (DnShift) value;
	}
	else if (phrase(s, DN_WORDS_TAX, &value))
	{
		again = ps->has_tax;
		ps->has_tax = true;
		ps->tax = (DnTax) value;
	}
	else
		*found = false;
	if (again)
		return dn_fail_at(s, begin, DN_SYNTAX, "the shift to business days and the tax are said at most once each");
	return true;
}

/* A clause or an option. */
static bool
scan_item(Parser *ps)
{
	Clause	   *c = &ps->clause[ps->n];
	bool		found;

	if (!scan_option(ps, &found))
		return false;
	if (found)
		return true;
	if (ps->n == CLAUSES_MAX)
		return dn_fail(&ps->s, DN_LIMIT, parts_what);
	if (!scan_clause(ps, c))
		return false;
	if (ps->eom && c->kind == CLAUSE_PLAIN)
		ps->net_eom = true;
	ps->n++;
	return true;
}

/* What stands between two of them; nothing, where the second cannot be mistaken. */
static bool
scan_separator(Parser *ps)
{
	DnScan	   *s = &ps->s;
	DnScan		ahead = *s;

	if (take(s, ',') || take(s, ';'))
	{
		skip(s, DN_WORDS_CONJUNCTION);
		return true;
	}
	return skip(s, DN_WORDS_CONJUNCTION) || ps->skonto || dn_peek(s, '#') || at_net_number(s) ||
		skip(&ahead, DN_WORDS_SHIFT) || dn_fail(s, DN_SYNTAX, separator_what);
}

static bool
scan_items(Parser *ps)
{
	for (;;)
	{
		if (!scan_item(ps))
			return false;
		space(&ps->s);
		if (ps->s.p == ps->s.end)
			return true;
		if (!scan_separator(ps))
			return false;
	}
}

/* The days of a clause whose rule is no more than days. */
static int32_t
plain_days(const Parser *ps, const Clause *c)
{
	return c->n == 1 && ps->room->move[c->first].kind == DN_MOVE_DAYS ? ps->room->move[c->first].n : 0;
}

/* What the clauses come to. */
typedef struct Tally
{
	bool		plain;			/* one is a rule of the whole amount */
	bool		inexact;		/* one is a share whose percentage is not known */
	int64_t		percents;
	int			n_parts;
	int			n_discounts;
	Clause	   *last;			/* part */
} Tally;

/* Counts a part. */
static bool
count_part(DnScan *s, Clause *c, Tally *t)
{
	if (c->kind == CLAUSE_PLAIN && t->n_parts > 0)
		return dn_fail_at(s, c->at, DN_SYNTAX, "a share or the balance was expected");
	if (c->kind == CLAUSE_PERCENT)
	{
		t->percents += c->value;
		if (t->percents > DN_PERCENT_WHOLE)
			return dn_fail_at(s, c->at, DN_RANGE, "the parts must not exceed 100 %");
	}
	t->inexact |= c->kind == CLAUSE_REMAINDER || c->kind == CLAUSE_AMOUNT;
	if (++t->n_parts > DN_PARTS_MAX)
		return dn_fail_at(s, c->at, DN_LIMIT, parts_what);
	t->last = c;
	return true;
}

/* Counts a clause; a percentage is a discount where there is a rule of the whole amount. */
static bool
count_clause(DnScan *s, Clause *c, Tally *t)
{
	if (t->last != NULL && (t->last->kind == CLAUSE_PLAIN || t->last->kind == CLAUSE_BALANCE))
		return dn_fail_at(s, c->at, DN_SYNTAX, "nothing may follow the whole amount or the balance");
	if (t->plain && c->kind == CLAUSE_PERCENT)
	{
		c->kind = CLAUSE_DISCOUNT;
		if (!check_percent(s, c->at, c, true))
			return false;
	}
	if (c->kind != CLAUSE_DISCOUNT)
		return count_part(s, c, t);
	if (++t->n_discounts > DN_DISCOUNTS_MAX)
		return dn_fail_at(s, c->at, DN_LIMIT, discounts_what);
	return true;
}

/* #SKONTO# says no due date: the last day of any discount */
static void
add_due_date(Parser *ps)
{
	int			latest = ps->n - 1;
	int			i;

	for (i = 0; i < ps->n; i++)
		if (plain_days(ps, &ps->clause[i]) > plain_days(ps, &ps->clause[latest]))
			latest = i;
	ps->clause[ps->n] = ps->clause[latest];
	ps->clause[ps->n].kind = CLAUSE_PLAIN;
	ps->n++;
}

/*
 * Which clauses are parts and which are discounts.  A rule of the whole amount
 * makes percentages before it discounts; otherwise they are parts, which end
 * with the balance or add up to 100 %.
 */
static bool
resolve(Parser *ps)
{
	static const char *const whole_what =
		"the parts must add up to 100 % or end with the balance, and a discount needs a due date after it";
	DnScan	   *s = &ps->s;
	Tally		t;
	int			i;

	memset(&t, 0, sizeof(t));
	for (i = 0; i < ps->n; i++)
		t.plain |= ps->clause[i].kind == CLAUSE_PLAIN;
	for (i = 0; i < ps->n; i++)
		if (!count_clause(s, &ps->clause[i], &t))
			return false;
	if (t.last == NULL)
	{
		if (!ps->skonto)
			return dn_fail(s, DN_SYNTAX, whole_what);
		add_due_date(ps);
		return true;
	}
	if (t.last->kind == CLAUSE_REMAINDER && t.last->value == DN_PERCENT_WHOLE)
		t.last->kind = CLAUSE_BALANCE;
	if (t.n_parts == 1 && t.percents == DN_PERCENT_WHOLE)
		t.last->kind = CLAUSE_PLAIN;
	if (t.last->kind == CLAUSE_BALANCE ? t.percents == DN_PERCENT_WHOLE :
		t.last->kind != CLAUSE_PLAIN && (t.inexact || t.percents != DN_PERCENT_WHOLE))
		return dn_fail(s, DN_SYNTAX, whole_what);
	return true;
}

/* Appends the moves of a clause; in 2/10 net 30 EOM both begin with the end of the month. */
static int
lay_moves(Parser *ps, DnTerms *t, const Clause *c, const DnMove *scanned)
{
	DnMove	   *move = ps->room->move;
	int			first = t->n_moves;

	if (c->is_short && ps->net_eom && c->n == 1 && scanned[c->first].kind == DN_MOVE_DAYS)
	{
		memset(&move[t->n_moves], 0, sizeof(DnMove));
		move[t->n_moves].kind = DN_MOVE_END;
		move[t->n_moves++].n = DN_PERIOD_MONTH;
	}
	memcpy(move + t->n_moves, scanned + c->first, c->n * sizeof(DnMove));
	t->n_moves += c->n;
	return first;
}

static void
lay_discount(Parser *ps, DnTerms *t, const Clause *c, const DnMove *scanned)
{
	DnDiscount *d = &ps->room->discount[t->n_discounts++];

	memset(d, 0, sizeof(*d));
	d->base = c->base;
	d->has_base = c->has_base;
	d->percent = (int32_t) c->value;
	d->first = (uint16_t) lay_moves(ps, t, c, scanned);
	d->n = (uint8_t) (t->n_moves - d->first);
}

static void
lay_part(Parser *ps, DnTerms *t, const Clause *c, const DnMove *scanned)
{
	DnPart	   *p = &ps->room->part[t->n_parts++];

	memset(p, 0, sizeof(*p));
	p->share = c->kind == CLAUSE_PERCENT ? DN_SHARE_PERCENT :
		c->kind == CLAUSE_REMAINDER ? DN_SHARE_REMAINDER :
		c->kind == CLAUSE_AMOUNT ? DN_SHARE_AMOUNT : DN_SHARE_BALANCE;
	p->value = p->share == DN_SHARE_BALANCE ? 0 : c->value;
	p->first = (uint16_t) lay_moves(ps, t, c, scanned);
	p->n = (uint8_t) (t->n_moves - p->first);
	memcpy(p->currency, c->currency, sizeof(p->currency));
}

/* Lays the clauses out: the parts, the discounts, and their moves in that order. */
static void
lay_out(Parser *ps, DnTerms *t)
{
	DnMove		scanned[DN_MOVES_ROOM];
	int			i;

	memcpy(scanned, ps->room->move, (size_t) ps->n_moves * sizeof(DnMove));
	for (i = 0; i < ps->n; i++)
		if (ps->clause[i].kind != CLAUSE_DISCOUNT)
			lay_part(ps, t, &ps->clause[i], scanned);
	for (i = 0; i < ps->n; i++)
		if (ps->clause[i].kind == CLAUSE_DISCOUNT)
			lay_discount(ps, t, &ps->clause[i], scanned);
}

/* Reads terms; false with the first mistake in *err. */
bool
dn_parse_terms(const char *text, size_t len, DnTermsRoom *room,
			   DnTerms *t, DnError *err)
{
	Parser		ps;

	memset(&ps, 0, offsetof(Parser, clause));
	dn_scan_init(&ps.s, text, len);
	ps.room = room;
	memset(t, 0, sizeof(*t));
	t->part = room->part;
	t->discount = room->discount;
	t->move = room->move;
	if (!scan_items(&ps) || !resolve(&ps))
	{
		*err = ps.s.err;
		return false;
	}
	t->shift = ps.shift;
	t->tax = ps.tax;
	lay_out(&ps, t);
	return true;
}

