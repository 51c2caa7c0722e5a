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

static const char *const choice_what = "one rule was expected, not a choice";
static const char *const late_what =
	"a discount that never ends after the due date was expected";
static const char *const skonto_what = "#SKONTO#TAGE=days#PROZENT=percent# was expected";

typedef enum ClauseKind
{
	CLAUSE_PLAIN,				/* no share: the whole amount */
	CLAUSE_PERCENT,				/* a part or a discount, as the other clauses say */
	CLAUSE_PART,
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
	bool		eom;			/* its days are said with EOM */
	bool		joined;			/* no separator stands before it */
	bool		choice;			/* "or" or "otherwise" stands before it */
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
	bool		xrechnung;		/* a line is #SKONTO#...# */
	bool		bare;			/* a number of the rule needs no unit */
	bool		closed;			/* the rule said "net": a number after it is of the next */
	bool		eom;			/* it said N EOM */
	bool		inexact;		/* a share was rounded: 1/3 */
	bool		joined;			/* no separator stands before the next clause */
	bool		choice;			/* "or" or "otherwise" stands there */
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

/* Whether these bytes stand at p. */
static bool
stands(const DnScan *s, const char *p, const char *bytes, size_t len)
{
	return (size_t) (s->end - p) >= len && memcmp(p, bytes, len) == 0;
}

/* How many bytes of a blank or of punctuation that means nothing stand here. */
static int
blank(const DnScan *s, const char *p)
{
	if (p == s->end)
		return 0;
	switch ((unsigned char) *p)
	{
		case ' ': case '\t': case '\n': case '\r': case ':': case '(': case ')': case '*': case '"': case '!': case 0xA0:
			return 1;
		case '.':
			/* a full stop, but not that of a decimal */
			return !is_digit(s, p + 1);
		case 0xC2:
			return stands(s, p, "\xC2\xA0", 2) || stands(s, p, "\xC2\xAB", 2) || stands(s, p, "\xC2\xBB", 2) ? 2 : 0;
		case 0xE2:
			return stands(s, p, "\xE2\x80\xAF", 3) || stands(s, p, "\xE2\x80\x89", 3) || stands(s, p, "\xE2\x80\xA6", 3) ? 3 : 0;
		default:
			return 0;
	}
}

static void
space(DnScan *s)
{
	int			n;

	while ((n = blank(s, s->p)) > 0)
		s->p += n;
}

/* Takes one character if it stands here. */
static bool
take(DnScan *s, char c)
{
	space(s);
	return dn_char(s, c);
}

/* What separates the words of a phrase: blanks, hyphens, apostrophes, full stops. */
static const char *
gap(const DnScan *s, const char *p)
{
	const char *begin = p;

	while (p < s->end)
	{
		int			n = blank(s, p);

		if (n == 0 && (*p == '-' || *p == '\'' || *p == '.' || *p == '/'))
			n = 1;
		if (n == 0 && stands(s, p, "\xE2\x80\x99", 3))
			n = 3;
		if (n == 0)
			break;
		p += n;
	}
	return p > begin ? p : NULL;
}

/* What follows a part of a pattern. */
typedef struct Rest
{
	const char *p;
	const char *end;
	const struct Rest *next;
} Rest;

/* The end of an alternative, which is a "|", the bracket of its group, or the end. */
static const char *
alternative_end(const char *w)
{
	int			depth = 0;

	for (; *w != '\0'; w++)
	{
		if (depth == 0 && (*w == '|' || *w == ')' || *w == ']'))
			break;
		depth += *w == '(' || *w == '[' ? 1 : *w == ')' || *w == ']' ? -1 : 0;
	}
	return w;
}

/* The bracket that closes the group at w. */
static const char *
group_end(const char *w)
{
	do
		w = alternative_end(w + 1);
	while (*w == '|');
	return w;
}

/*
 * Where the words of a pattern end if they stand at p, NULL if they do not.
 * Of alternatives the longest counts.
 */
static const char *
match(const DnScan *s, const char *p, const char *w, const char *end, const Rest *rest)
{
	for (; w < end; w++)
	{
		if (*w == '(' || *w == '[')
		{
			const char *longest = NULL;
			const char *close = group_end(w);
			const char *after;

			if (*w == '[')
				longest = match(s, p, close + 1, end, rest);
			do
			{
				const Rest	then = {close + 1, end, rest};
				const char *begin = w + 1;
				const char *found;

				w = alternative_end(begin);
				after = p;
				if (*begin < 'a' || letter(s, &after) == *begin)
				{
					found = match(s, p, begin, w, &then);
					if (found != NULL && (longest == NULL || found > longest))
						longest = found;
				}
			} while (w < close);
			return longest;
		}
		if (*w == ' ')
		{
			p = gap(s, p);
			if (p == NULL)
				return NULL;
		}
		else if (letter(s, &p) != *w)
			return NULL;
	}
	if (rest != NULL)
		return match(s, p, rest->p, rest->end, rest->next);
	end = p;
	return letter(s, &end) == '\0' ? p : NULL;
}

static bool
words(DnScan *s, const char *text)
{
	const char *end;

	space(s);
	end = match(s, s->p, text, text + strlen(text), NULL);
	if (end == NULL)
		return false;
	s->p = end;
	return true;
}

/* The patterns of all languages by kind, with the letters that each can begin with. */
typedef struct Entry
{
	const char *p;
	const char *end;
	uint32_t	letters;		/* bit 0 is a */
	int			value;
} Entry;

#define ENTRIES_MAX 1500

static Entry entry[ENTRIES_MAX];
static int	kind_end[DN_WORDS_KINDS];	/* the last is 0 until the entries are there */

static uint32_t
first_letters(const char *w)
{
	const char *close;
	uint32_t	letters = 0;

	if (*w != '(' && *w != '[')
		return UINT32_C(1) << (*w - 'a');
	close = group_end(w);
	if (*w == '[')
		letters = first_letters(close + 1);
	for (; w < close; w = alternative_end(w + 1))
		letters |= first_letters(w + 1);
	return letters;
}

static void
make_entries(void)
{
	int			n = 0;
	int			kind,
				i;

	for (kind = 0; kind < DN_WORDS_KINDS; kind++)
	{
		for (i = 0; i < DN_LANGUAGES; i++)
		{
			const DnPhrase *p = dn_terms_words[i]->read[kind];

			for (; p != NULL && p->text != NULL; p++)
			{
				const char *w = p->text;

				for (;; w++)
				{
					const Entry e = {w, alternative_end(w), first_letters(w), p->value};

					if (n < ENTRIES_MAX)
						entry[n++] = e;
					w = e.end;
					if (*w == '\0')
						break;
				}
			}
		}
		kind_end[kind] = n;
	}
}

/* Takes the longest phrase of a kind, of any language, that stands here. */
static bool
phrase(DnScan *s, DnWords kind, int *value)
{
	const char *longest = NULL;
	const char *after;
	uint32_t	first;
	char		c;
	int			i;

	space(s);
	after = s->p;
	c = letter(s, &after);
	if (c == '\0')
		return false;
	first = UINT32_C(1) << (c - 'a');
	if (kind_end[DN_WORDS_KINDS - 1] == 0)
		make_entries();
	for (i = kind == 0 ? 0 : kind_end[kind - 1]; i < kind_end[kind]; i++)
	{
		const char *end = entry[i].letters & first ? match(s, s->p, entry[i].p, entry[i].end, NULL) : NULL;

		if (end != NULL && (longest == NULL || end > longest))
		{
			longest = end;
			*value = entry[i].value;
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

/* Whether a phrase of a kind stands here. */
static bool
at(const DnScan *s, DnWords kind)
{
	DnScan		ahead = *s;

	return skip(&ahead, kind);
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

/* Whether another day of the month follows: "or the 25th", not "and 50%". */
static bool
take_or(DnScan *s)
{
	DnScan		ahead = *s;
	int64_t		ignored;
	bool		fits;

	if (!skip(&ahead, DN_WORDS_OR) && !take(&ahead, '/'))
		return false;
	skip(&ahead, DN_WORDS_THE);
	space(&ahead);
	s->p = ahead.p;
	if (number(&ahead, 0, 31, &ignored, &fits) && !take(&ahead, '%') && !at(&ahead, DN_WORDS_PERCENT) && !at(&ahead, DN_WORDS_UNIT))
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

		space(s);
		begin = s->p;
		former = d->last;
		if (!dn_int(s, 0, 31, &d->last, dom_what))
			return false;
		skip(s, DN_WORDS_ORDINAL);
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

	if (says_dom(r))
		return dn_fail_at(s, at, DN_SYNTAX, "no other day of the month was expected: write \"on the 5th, or 15th or 25th\"");
	if (!scan_dom_list(s, next, &d))
		return false;
	phrase(s, DN_WORDS_OF_MONTH, &following);
	if (d.last == 0)
	{
		return ends_month(r) || add_move(s, at, r, DN_MOVE_END, DN_PERIOD_MONTH);
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

/* Whether DD/MM/YYYY, DD.MM.YYYY or DD-MM-YYYY begins here, and not 30/60/90. */
static bool
at_local_date(const DnScan *s)
{
	const char *p = s->p;
	int			n[2] = {0, 0};
	int			i;

	for (i = 0; i < 2; i++)
	{
		const char *begin = p;

		for (; is_digit(s, p) && p - begin < 3; p++)
			n[i] = 10 * n[i] + (*p - '0');
		if (p == begin || p - begin > 2 || p == s->end || (i == 0 ? *p != '/' && *p != '.' && *p != '-' : *p != begin[-1]))
			return false;
		p++;
	}
	return is_digit(s, p) && (n[1] <= 12 || (is_digit(s, p + 1) && is_digit(s, p + 2)));
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

	for (s.p = s.start; s.p < here->p;)
	{
		p = s.p;
		if (words(&s, "(on|due|by|before|until|at|within|balance|remainder|payment|invoice|terms|payable on|payable by|paid|pay|the|order|delivery|days|discount|deposit|upfront|advance|cash)"))
			return true;
		s.p = p;
		/* these are French as well */
		if (words(&s, "(net|payable)"))
			continue;
		s.p = p;
		while (letter(&s, &s.p) != '\0')
			said = true;
		s.p += s.p == p;
	}
	return !said;
}

static bool
scan_local_date(DnScan *s, int32_t *day)
{
	static const char *const what = "a day such as 2026-03-31 or 31/03/2026 was expected";
	const DnScan from = *s;
	const char *begin = s->p;
	bool		point = false;
	int32_t		part[3];
	int			i;

	for (i = 0; i < 3; i++)
	{
		if (i > 0)
			point = *s->p++ == '.';
		if (!dn_int(s, 0, DN_YEAR_MAX, &part[i], what))
			return false;
	}
	if (s->p - begin < 8 || !is_digit(s, s->p - 4) || !is_digit(s, s->p - 3))
		return dn_fail_at(s, begin, DN_SYNTAX, what);
	if (part[0] <= 12 && part[0] != part[1] && !point && either_order(&from))
		return dn_fail_at(s, begin, DN_SYNTAX, "a day such as 2026-03-31 was expected: this may be the day or the month first");
	if (!dn_day_from_civil(part[2], part[1], part[0], day))
		return dn_fail_at(s, begin, DN_DATE, "the calendar has no such day");
	return true;
}

/* What is said of n, a number that begins at "begin" and ends here. */
static bool
scan_unit(Parser *ps, Rule *r, int32_t n, const char *begin)
{
	DnScan	   *s = &ps->s;
	const char *after = s->p;
	int			unit;

	if (skip(s, DN_WORDS_ORDINAL))
	{
		if (is_digit(s, s->p))
			return dn_fail_at(s, begin, DN_SYNTAX, days_what);
		s->p = begin;
		return scan_doms(s, begin, r, false);
	}
	dn_char(s, '-');
	if (phrase(s, DN_WORDS_UNIT, &unit))
	{
		if (unit == DN_MOVE_WEEKS && n > DN_TERM_WEEKS_MAX)
			return dn_fail_at(s, begin, DN_RANGE, weeks_what);
		if (unit == DN_MOVE_MONTHS && n > DN_TERM_MONTHS_MAX)
			return dn_fail_at(s, begin, DN_RANGE, months_what);
		return add_move(s, begin, r, (DnMoveKind) unit, n);
	}
	s->p = after;
	if (at(s, DN_WORDS_OF_MONTH))
	{
		s->p = begin;
		return scan_doms(s, begin, r, false);
	}
	/* 45 FDM, 30 EOM */
	if (!ps->bare && !at(s, DN_WORDS_PERIOD_END))
		return dn_fail(s, DN_SYNTAX, "days, weeks or months were expected after the number");
	return add_move(s, begin, r, DN_MOVE_DAYS, n);
}

/* Whether a number begins here, in digits or in words. */
static bool
at_number(DnScan *s)
{
	space(s);
	return is_digit(s, s->p) || at(s, DN_WORDS_NUMBER);
}

/* A number of days, weeks or months: 30 days, thirty days, thirty (30) days. */
static bool
scan_advance(Parser *ps, Rule *r)
{
	DnScan	   *s = &ps->s;
	const char *begin;
	int32_t		n = 0;
	int			said = -1;

	space(s);
	begin = s->p;
	phrase(s, DN_WORDS_NUMBER, &said);
	space(s);
	if (said == -1 || is_digit(s, s->p))
	{
		if (!dn_int(s, 0, DN_TERM_DAYS_MAX, &n, days_what))
			return false;
		if (said != -1 && n != said)
			return dn_fail_at(s, begin, DN_SYNTAX, "the same number was expected in digits as in words");
	}
	else
		n = said;
	return scan_unit(ps, r, n, begin);
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

	if (!once(&ps->s, begin, !has_place(r)))
		return false;
	if (eom && r->n > 1)
		return dn_fail_at(&ps->s, begin, DN_SYNTAX, "EOM follows one number of days: write \"end of month\"");
	if (!add_move(&ps->s, begin, r, DN_MOVE_END, eom ? DN_PERIOD_MONTH : period))
		return false;
	ps->eom |= eom && r->n == 2;
	if (eom || after)
		put_first(r);
	return true;
}

/* The day from which the days before it count; *found if it is one. */
static bool
scan_from(Parser *ps, Rule *r, const char *begin, bool *found)
{
	DnScan	   *s = &ps->s;
	bool		after = skip(s, DN_WORDS_AFTER);
	bool		days = r->n == 1 && is_advance(&r->move[0]);
	int			value;

	*found = true;
	if (after && days && skip(s, DN_WORDS_FOLLOWING_END))
	{
		if (!add_move(s, begin, r, DN_MOVE_FOLLOWING, 31))
			return false;
		put_first(r);
		return true;
	}
	if (after && days && phrase(s, DN_WORDS_PERIOD_END, &value))
		return add_period_end(ps, begin, r, value, true);
	if (skip(s, DN_WORDS_ISSUE))
		return true;
	s->p = begin;
	if (phrase(s, DN_WORDS_EVENT, &value) && (value == DN_EVENT_RECEIPT || days))
	{
		DnScan		said = *s;

		if (value == DN_EVENT_RECEIPT)
			return true;
		said.p = begin;
		if (words(&said, "[cash |payment |au comptant |comptant ](before|prior|avant|vor|voor|prima|antes)"))
			return dn_fail_at(s, begin, DN_SYNTAX, "a time after delivery was expected: what is due before it has no day");
		if (!add_move(s, begin, r, DN_MOVE_EVENT, value))
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

	if (at(&s, DN_WORDS_PERIOD_END))
		return true;
	if (!skip(&s, DN_WORDS_ON))
		return false;
	space(&s);
	return is_digit(&s, s.p) && !at_date(&s) && !at_local_date(&s);
}

/* Goes past "," and "then" between two steps of the same rule. */
static void
skip_then(DnScan *s, bool whole)
{
	DnScan		ahead = *s;
	bool		comma = take(&ahead, ',');

	if ((skip(&ahead, DN_WORDS_THEN) || (comma && whole)) && at_later_step(&ahead))
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

	return number(&s, 0, 31, &ignored, &fits) && phrase(&s, DN_WORDS_OF_MONTH, &value) && value == 1;
}

/* One step of a day rule; *done if none stands here. */
static bool
scan_step(Parser *ps, Rule *r, bool *done)
{
	DnScan	   *s = &ps->s;
	const char *begin;
	int			value;
	bool		found;

	space(s);
	begin = s->p;
	*done = false;
	if (skip(s, DN_WORDS_FOLLOWING_END))
	{
		if (!empty(r))
			return dn_fail_at(s, begin, DN_SYNTAX, "\"on the 31st of the following month\" was expected after days");
		return add_move(s, begin, r, DN_MOVE_FOLLOWING, 31);
	}
	if (skip(s, DN_WORDS_LAST_DAY))
		return ends_month(r) || (once(s, begin, !says_dom(r)) && add_move(s, begin, r, DN_MOVE_NEXT, INT32_C(1) << 30));
	if (phrase(s, DN_WORDS_PERIOD_END, &value))
		return add_period_end(ps, begin, r, value, false);
	if (!empty(r))
	{
		if (!scan_from(ps, r, begin, &found))
			return false;
		if (found)
			return true;
	}
	value = 0;
	if (phrase(s, DN_WORDS_ON, &value) || at_day_of_next_month(s))
	{
		space(s);
		if (is_digit(s, s->p) && !at_date(s) && !at_local_date(s))
			return scan_doms(s, begin, r, value == 1);
		s->p = begin;
	}
	if (!empty(r) && take(s, '+'))
	{
		if (phrase(s, DN_WORDS_PERIOD_END, &value))
			return add_period_end(ps, begin, r, value, false);
		if (!at_number(s))
			return dn_fail(s, DN_SYNTAX, days_what);
		ps->bare |= r->n > 0 && r->move[r->n - 1].kind == DN_MOVE_END;
		return scan_advance(ps, r);
	}
	/* a second number needs a "+", but for the days after an end of a period */
	if (at_number(s) && (r->n == 0 || (r->n == 1 && r->move[0].kind == DN_MOVE_END && !ps->closed)))
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
	return take(s, '/');
}

/* "net 30" after a rule that ends without a separator: 2/10 net 30 */
static bool
at_net_number(const DnScan *here)
{
	DnScan		s = *here;
	int			value = 0;

	if (!phrase(&s, DN_WORDS_LEAD, &value) || value != 1)
		return false;
	skip_joint(&s);
	return at_number(&s);
}

/* What follows a rule and means nothing to it: the means of payment, "without discount". */
static bool
skip_tails(Parser *ps)
{
	bool		found = false;
	int			value = 0;

	while (!at_net_number(&ps->s) && (phrase(&ps->s, DN_WORDS_TAIL, &value) || skip(&ps->s, DN_WORDS_MEANS)))
	{
		ps->closed |= value == 1;
		found = true;
	}
	return found;
}

/* Goes past the day of issue after an event: at once after the date of the invoice. */
static bool
skip_issue(DnScan *s)
{
	DnScan		ahead = *s;

	skip(&ahead, DN_WORDS_AFTER);
	if (!skip(&ahead, DN_WORDS_ISSUE))
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

	space(s);
	begin = s->p;
	*found = true;
	if (phrase(s, DN_WORDS_EVENT, &value))
	{
		/* cash on delivery */
		while (skip_tails(ps) || phrase(s, DN_WORDS_EVENT, &value) || skip_issue(s))
			;
		return add_move(s, begin, r, DN_MOVE_EVENT, value);
	}
	if (skip(s, DN_WORDS_ISSUE))
		return add_move(s, begin, r, DN_MOVE_EVENT, DN_EVENT_RECEIPT);
	skip(s, DN_WORDS_ON);
	space(s);
	if (at_date(s))
		return dn_date(s, &day) && add_move(s, begin, r, DN_MOVE_DATE, day);
	if (at_local_date(s))
		return scan_local_date(s, &day) && add_move(s, begin, r, DN_MOVE_DATE, day);
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
 * alone.
 */
static bool
scan_leads(Parser *ps, Rule *r, bool *found)
{
	DnScan	   *s = &ps->s;

	for (;;)
	{
		int			value = 0;

		if (!scan_alone(ps, r, found))
			return false;
		if (*found || at(s, DN_WORDS_FOLLOWING_END) || !(phrase(s, DN_WORDS_LEAD, &value) || skip(s, DN_WORDS_MEANS)))
			return true;
		if (value == 1)
		{
			ps->bare = true;
			ps->closed = true;
			if (!skip_joint(s))
				take(s, ',');
		}
	}
}

/*
 * The steps of a day rule.  That of the whole amount may go on after a comma:
 * "30 days end of month, on the 10th".
 */
static bool
scan_steps(Parser *ps, Rule *r, bool whole)
{
	bool		done;

	while (empty(r) || !at_net_number(&ps->s))
	{
		if (!scan_step(ps, r, &done))
			return false;
		if (!done || (!empty(r) && skip_tails(ps)))
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
static bool
scan_rule(Parser *ps, Clause *c, bool bare)
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
	if (found ? r.move[0].kind == DN_MOVE_EVENT && dn_peek(s, '+') && !scan_steps(ps, &r, whole) : !scan_steps(ps, &r, whole))
		return false;
	if (empty(&r))
		return dn_fail(s, DN_SYNTAX, rule_what);
	/* from an event time is counted first: "on delivery end of month" would not be read again */
	if (r.n > 1 && r.move[0].kind == DN_MOVE_EVENT && r.move[1].kind >= DN_MOVE_END)
		return dn_fail_at(s, begin, DN_SYNTAX, rule_what);
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
	if (stands(s, s->p, "\xE2\x82\xAC", 3))
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
	if (skip(s, DN_WORDS_UNIT) || skip(s, DN_WORDS_PERIOD_END) || skip(s, DN_WORDS_OF_MONTH) || skip(s, DN_WORDS_TAIL))
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
	if (fits && c->value == 0)
		c->kind = CLAUSE_PLAIN;
	return c->kind == CLAUSE_PLAIN || check_percent(s, at, c, fits);
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
	return true;
}

/* Whether a clause may end here. */
static bool
at_separator(const DnScan *here)
{
	DnScan		s = *here;

	space(&s);
	return s.p == s.end || strchr(",;/|-", *s.p) != NULL || (unsigned char) *s.p == 0xE2 ||
		at(&s, DN_WORDS_CONJUNCTION) || at(&s, DN_WORDS_BALANCE);
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
	if (!is_digit(s, s->p) || at_local_date(s))
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
scan_percent_of(DnScan *s, Clause *c)
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
	if (c->kind != CLAUSE_PART && !scan_of_base(s, c, &based))
		return false;
	while (phrase(s, DN_WORDS_SHARE, &value))
		c->kind = value == 1 ? CLAUSE_PART : value == 0 ? CLAUSE_DISCOUNT : c->kind;
	return true;
}

/* What follows a share; a deposit is due on order unless it says otherwise. */
static bool
scan_share_rule(Parser *ps, Clause *c, bool bare)
{
	Rule		r;

	skip_tails(ps);
	if (c->kind != CLAUSE_PART || !at_separator(&ps->s))
		return scan_rule(ps, c, bare);
	memset(&r, 0, sizeof(r));
	add_move(&ps->s, ps->s.p, &r, DN_MOVE_EVENT, DN_EVENT_ORDER);
	keep_rule(ps, &r, c);
	return true;
}

/* Whether the /10 of 2/10 follows a number, which is no day of a date. */
static bool
at_short_days(const DnScan *s, const char *begin)
{
	DnScan		from = *s;

	from.p = begin;
	return s->p < s->end && *s->p == '/' && is_digit(s, s->p + 1) && !at_local_date(&from);
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

/* A share as a fraction, 1/3, before its rule; *found if it is one. */
static bool
scan_fraction(Parser *ps, Clause *c, bool *found)
{
	DnScan	   *s = &ps->s;
	DnScan		saved = *s;
	int32_t		of = 2;
	int			named;

	space(s);
	*found = true;
	if (phrase(s, DN_WORDS_FRACTION, &named))
		of = named;
	else if (s->end - s->p < 3 || *s->p != '1' || s->p[1] != '/' || !is_digit(s, s->p + 2))
		*found = false;
	else
	{
		s->p += 2;
		*found = dn_int(s, 2, 12, &of, part_percent_what) && !is_digit(s, s->p);
	}
	if (*found)
		*found = phrase(s, DN_WORDS_SHARE, &named) || at(s, DN_WORDS_EVENT) || (at(s, DN_WORDS_LEAD) && (ps->inexact || !at_net_number(s)));
	if (!*found)
	{
		*s = saved;
		return true;
	}
	c->kind = CLAUSE_PART;
	c->value = DN_PERCENT_WHOLE / of;
	ps->inexact |= DN_PERCENT_WHOLE % of != 0;
	return scan_share_rule(ps, c, false);
}

/* The numbers of 30/60/90 or 50/50. */
typedef struct List
{
	int32_t		n[DN_PARTS_MAX];
	int			count;
	int			sum;
	bool		rising;
	bool		hyphens;
	const char *at;
} List;

/* "and" or "then" before another number; "or" says that there is a choice. */
static bool
take_and(DnScan *s)
{
	int			value = 0;

	if (!phrase(s, DN_WORDS_CONJUNCTION, &value) || value != 0)
		return false;
	space(s);
	return is_digit(s, s->p);
}

static bool
scan_list(DnScan *here, List *l)
{
	DnScan		s = *here;

	memset(l, 0, sizeof(*l));
	l->rising = true;
	space(&s);
	l->at = s.p;
	if (at_date(&s) || at_local_date(&s))
		return false;
	do
	{
		space(&s);
		if (l->count == DN_PARTS_MAX || !is_digit(&s, s.p) || !dn_int(&s, 0, DN_TERM_DAYS_MAX, &l->n[l->count], days_what))
			return false;
		l->rising &= l->count == 0 || l->n[l->count] > l->n[l->count - 1];
		l->sum += l->n[l->count++];
		here->p = s.p;
		l->hyphens |= dn_peek(&s, '-');
	} while (take(&s, '/') || take(&s, '-') || (l->count == 1 && take_and(&s)));
	return l->count > 1;
}

static bool
add_clause(Parser *ps, const char *begin, ClauseKind kind, int64_t value)
{
	Clause	   *c = &ps->clause[ps->n];

	if (ps->n == CLAUSES_MAX)
		return dn_fail_at(&ps->s, begin, DN_LIMIT, parts_what);
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
		return true;
	if (l.count == 2 && l.sum == 100 && l.n[0] > 0 && l.n[1] > 0 && at_separator(&after))
	{
		*found = true;
		s->p = after.p;
		for (i = 0; i < 2; i++)
		{
			Rule		r;

			memset(&r, 0, sizeof(r));
			add_move(s, l.at, &r, DN_MOVE_EVENT, i == 0 ? DN_EVENT_ORDER : DN_EVENT_DELIVERY);
			if (!add_clause(ps, l.at, CLAUSE_PART, l.n[i] * DN_PERCENT_UNIT))
				return false;
			keep_rule(ps, &r, &ps->clause[ps->n]);
			ps->n += i == 0;
		}
		return true;
	}
	dn_char(&after, '-');
	/* 2/10 days is a discount, 30-60 days may be a range */
	if (!l.rising || (l.count == 2 && (l.hyphens || l.n[0] < 15)) || !(at(&after, DN_WORDS_UNIT) || ps->bare))
		return true;
	*found = true;
	for (i = 0; i < l.count; i++)
	{
		Rule		r;

		memset(&r, 0, sizeof(r));
		s->p = after.p;
		ps->closed = false;
		if (!add_clause(ps, l.at, CLAUSE_PART, DN_PERCENT_WHOLE / l.count) || !scan_unit(ps, &r, l.n[i], l.at))
			return false;
		if (take(s, '+'))
			return dn_fail(s, DN_SYNTAX, "an end of a period was expected before more days");
		if (!scan_steps(ps, &r, true))
			return false;
		keep_rule(ps, &r, &ps->clause[ps->n]);
		ps->n += i < l.count - 1;
	}
	ps->inexact = true;
	return true;
}

/* A discount whose percentage follows its rule: 14 days 2%; *found if it is one. */
static bool
scan_late_percent(Parser *ps, Clause *c, bool *found)
{
	DnScan	   *s = &ps->s;
	const char *begin;
	DnScan		saved = *s;
	bool		at_once = ps->room->move[c->first].kind == DN_MOVE_EVENT;
	bool		sign;
	bool		fits;
	int			value = 0;

	*found = false;
	while (skip(s, DN_WORDS_LESS))
		;
	space(s);
	begin = s->p;
	if (!number(s, DN_PERCENT_SCALE, DN_PERCENT_WHOLE, &c->value, &fits))
	{
		*s = saved;
		return true;
	}
	sign = take(s, '%') || skip(s, DN_WORDS_PERCENT);
	if (sign && fits && c->value == DN_PERCENT_WHOLE)
	{
		while (skip_tails(ps) || skip(s, DN_WORDS_EVENT))
			;
		c->value = 0;
		return true;
	}
	*found = ((phrase(s, DN_WORDS_SHARE, &value) && value == 0) || sign) && value == 0 &&
		(at_separator(s) || at_net_number(s) || (!ps->closed && !at_once && at_number(s))) && !(ps->closed && !at_separator(s));
	if (!*found)
	{
		*s = saved;
		c->value = 0;
		return true;
	}
	c->kind = CLAUSE_DISCOUNT;
	return check_percent(s, begin, c, fits);
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
	space(s);
	begin = s->p;
	*found = true;
	if (!number(s, DN_PERCENT_SCALE, DN_PERCENT_WHOLE, &c->value, &fits))
	{
		*found = false;
		return true;
	}
	if (take(s, '%') || skip(s, DN_WORDS_PERCENT) ||
		(at(s, DN_WORDS_SHARE) && phrase(s, DN_WORDS_SHARE, &value) && value == 0))
		return scan_percent_of(s, c) && check_percent(s, begin, c, fits) && scan_share_rule(ps, c, c->kind != CLAUSE_PART);
	s->p = begin;
	*found = false;
	if (c->kind != CLAUSE_PLAIN)
		return true;
	if (!scan_parts(ps, found))
		return false;
	if (*found)
		return true;
	number(s, DN_PERCENT_SCALE, DN_PERCENT_WHOLE, &c->value, &fits);
	*found = true;
	if (!lead && at_short_days(s, begin))
	{
		s->p++;
		c->kind = CLAUSE_DISCOUNT;
		c->is_short = true;
		return check_percent(s, begin, c, fits) && scan_rule(ps, c, true);
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

	while (!at(s, DN_WORDS_EVENT) && !at(s, DN_WORDS_BALANCE) && !at(s, DN_WORDS_SHARE) && !at(s, DN_WORDS_FOLLOWING_END))
	{
		DnScan		ahead = *s;
		int			value = 0;

		if (!skip(&ahead, DN_WORDS_MEANS) && (!phrase(&ahead, DN_WORDS_LEAD, &value) || value == 1))
			break;
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
	skip(&ahead, DN_WORDS_OF_BASE);
	if (number(&ahead, DN_PERCENT_SCALE, DN_PERCENT_WHOLE, &c->value, &fits) && (take(&ahead, '%') || skip(&ahead, DN_WORDS_PERCENT)))
	{
		s->p = ahead.p;
		c->kind = CLAUSE_PART;
		if (!check_percent(s, c->at, c, fits))
			return false;
	}
	return scan_rule(ps, c, false);
}

/* A share, if one stands here, and its day rule. */
static bool
scan_clause(Parser *ps, Clause *c)
{
	DnScan	   *s = &ps->s;
	const char *begin = s->p;
	bool		lead;
	bool		found;
	int			value;

	if (dn_peek(s, '#'))
		return scan_skonto(ps, c);
	lead = skip_leads(ps);
	if (skip(s, DN_WORDS_BALANCE))
		return scan_balance(ps, c);
	if (skip(s, DN_WORDS_AMOUNT))
	{
		c->kind = CLAUSE_AMOUNT;
		if (!scan_money(s, 1, amount_what, &c->value))
			return false;
		scan_code(s, c->currency);
		return scan_rule(ps, c, false);
	}
	while (phrase(s, DN_WORDS_SHARE, &value))
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
	return scan_rule(ps, c, false) && scan_late_percent(ps, c, &found);
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

/* A clause or an option, or no more than means of payment. */
static bool
scan_item(Parser *ps)
{
	Clause	   *c;
	bool		found;
	DnScan		ahead;

	if (!scan_option(ps, &found))
		return false;
	if (found)
		return true;
	if (!add_clause(ps, ps->s.p, CLAUSE_PLAIN, 0))
		return false;
	ahead = ps->s;
	if (ps->n > 0 && skip_tails(ps) && at_separator(&ps->s))
		return true;
	ps->s = ahead;
	ps->eom = false;
	if (!scan_clause(ps, &ps->clause[ps->n]))
		return false;
	c = &ps->clause[ps->n];
	c->eom = ps->eom;
	c->joined = ps->joined;
	c->choice = ps->choice;
	ps->n++;
	return true;
}

/* Whether a sentence or a line ends before p. */
static bool
after_end(const DnScan *s)
{
	const char *p = s->p;

	for (; p > s->start && (p[-1] == ' ' || p[-1] == '\r' || p[-1] == ')'); p--)
		;
	return p > s->start && (p[-1] == '.' || p[-1] == '\n');
}

/* Whether a percentage begins here. */
static bool
at_percent(const DnScan *here)
{
	DnScan		s = *here;
	int64_t		ignored;
	bool		fits;

	return number(&s, DN_PERCENT_SCALE, DN_PERCENT_WHOLE, &ignored, &fits) && (take(&s, '%') || at(&s, DN_WORDS_PERCENT));
}

/* A dash between blanks, or a longer one. */
static bool
take_dash(DnScan *s)
{
	space(s);
	if (stands(s, s->p, "\xE2\x80\x93", 3) || stands(s, s->p, "\xE2\x80\x94", 3))
	{
		s->p += 3;
		return true;
	}
	return s->end - s->p >= 2 && s->p > s->start && s->p[-1] == ' ' && s->p[1] == ' ' && dn_char(s, '-');
}

/* A slash, but not that of 30/60. */
static bool
take_slash(DnScan *s)
{
	if (s->p > s->start && is_digit(s, s->p - 1) && s->p < s->end && is_digit(s, s->p + 1))
		return false;
	return take(s, '/');
}

/* What stands between two of them; nothing, where the second cannot be mistaken. */
static bool
scan_separator(Parser *ps)
{
	DnScan	   *s = &ps->s;
	const Clause *c = &ps->clause[ps->n > 0 ? ps->n - 1 : 0];
	bool		taken = take(s, ',') || take(s, ';') || take(s, '|') || take_dash(s) || take_slash(s);
	int			value = 0;

	ps->joined = !taken && !after_end(s);
	ps->choice = false;
	if (phrase(s, DN_WORDS_CONJUNCTION, &value))
	{
		ps->joined = false;
		ps->choice = value != 0;
		return value != 1 || c->kind == CLAUSE_DISCOUNT || dn_fail(s, DN_SYNTAX, choice_what);
	}
	return taken || dn_peek(s, '#') || after_end(s) || at_net_number(s) || at(s, DN_WORDS_SHIFT) || at(s, DN_WORDS_TAIL) ||
		at(s, DN_WORDS_BALANCE) || at(s, DN_WORDS_SHARE) || at_percent(s) ||
		((ps->closed || c->kind == CLAUSE_DISCOUNT) && at_number(s)) || dn_fail(s, DN_SYNTAX, separator_what);
}

/* Whether a word of what is to be paid by when stands here: a line with one is no free text. */
static bool
says_due(const DnScan *here)
{
	DnScan		s = *here;

	return words(&s, "(zahlbar|fallig|faellig|falligkeit|zahlungsziel|netto|ultimo|raten|due|payable|maturity|echeance|a payer|betaalbaar|vervaldatum|scadenza|pagabile|vencimiento|pagadero)");
}

/* Whether nothing up to the end of the line says a day or a share. */
static bool
free_line(DnScan *s)
{
	static const DnWords terms[] = {DN_WORDS_PERIOD_END, DN_WORDS_FOLLOWING_END, DN_WORDS_LAST_DAY, DN_WORDS_EVENT,
	DN_WORDS_SHARE, DN_WORDS_BALANCE, DN_WORDS_PERCENT};
	DnScan		line = *s;
	size_t		i;

	while (line.p < s->end && *line.p != '\n')
	{
		const char *begin = line.p;
		int64_t		ignored;
		bool		fits;

		if (*line.p == '%' || at_date(&line) || at_local_date(&line))
			return false;
		for (i = 0; i < sizeof(terms) / sizeof(terms[0]); i++)
			if (at(&line, terms[i]))
				return false;
		if (says_due(&line))
			return false;
		if (is_digit(&line, line.p) && number(&line, 0, INT64_MAX / 100, &ignored, &fits) && at(&line, DN_WORDS_UNIT))
			return false;
		line.p = begin;
		while (line.p < s->end && (letter(&line, &line.p) != '\0' || is_digit(&line, line.p)))
			line.p += is_digit(&line, line.p);
		if (line.p == begin)
			line.p++;
	}
	s->p = line.p;
	return true;
}

/* Another line of the German form, such as #VERZUG#TAGE=14#PROZENT=9.00#. */
static bool
skip_other_line(Parser *ps)
{
	DnScan		s = ps->s;

	if (!ps->xrechnung || !dn_char(&s, '#') || words(&s, "skonto"))
		return false;
	while (s.p < s.end && *s.p != '\n')
		s.p++;
	ps->s.p = s.p;
	return true;
}

/*
 * The whole text.  Beside #SKONTO# lines a line that says neither a day nor a
 * share is somebody's word to the customer.
 */
static bool
scan_items(Parser *ps)
{
	DnScan	   *s = &ps->s;

	for (;;)
	{
		Parser		saved;
		bool		good;

		space(s);
		while (skip_other_line(ps))
			space(s);
		if (s->p == s->end)
			return ps->n > 0 || dn_fail(s, DN_SYNTAX, rule_what);
		memcpy(&saved, ps, offsetof(Parser, clause));
		good = scan_item(ps);
		if (!good && ps->xrechnung && free_line(&saved.s))
		{
			memcpy(ps, &saved, offsetof(Parser, clause));
			continue;
		}
		space(s);
		while (good && skip_other_line(ps))
			space(s);
		if (!good || s->p == s->end)
			return good;
		saved.s = *s;
		if (scan_separator(ps))
			continue;
		if (!ps->xrechnung || !after_end(&saved.s) || !free_line(&saved.s))
			return false;
		*s = saved.s;
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
		c->kind = CLAUSE_BALANCE;
	if (c->kind == CLAUSE_PERCENT || c->kind == CLAUSE_PART)
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

/*
 * Whether a percentage with a rule of the whole amount beside it is a deposit:
 * one of 10 % or more that is due on order, on delivery or at once.
 */
static bool
is_deposit(const Parser *ps, const Clause *c)
{
	return c->value >= DN_DEPOSIT_LEAST && ps->room->move[c->first].kind == DN_MOVE_EVENT;
}

/* Counts a clause; a percentage is a discount where there is a rule of the whole amount. */
static bool
count_clause(Parser *ps, Clause *c, Tally *t)
{
	DnScan	   *s = &ps->s;
	bool		whole = t->last != NULL && (t->last->kind == CLAUSE_PLAIN || t->last->kind == CLAUSE_BALANCE);

	if (t->plain && c->kind == CLAUSE_PERCENT && is_deposit(ps, c))
		c->kind = CLAUSE_PART;
	if (t->plain && c->kind == CLAUSE_PERCENT && !((whole || t->n_parts > 0) && c->value > DN_DEPOSIT_LEAST))
	{
		c->kind = CLAUSE_DISCOUNT;
		if (!check_percent(s, c->at, c, true))
			return false;
		if (c->value >= DN_DEPOSIT_LEAST)
			return dn_fail_at(s, c->at, DN_SYNTAX, "a part or a discount was expected: write \"discount\" beside one of 10 % or more");
	}
	if (c->kind != CLAUSE_DISCOUNT)
		return whole ? dn_fail_at(s, c->at, DN_SYNTAX, "only a discount may follow the whole amount or the balance") :
			count_part(s, c, t);
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
		if (!count_clause(ps, &ps->clause[i], &t))
			return false;
	/* only an early payment leaves a choice */
	for (i = 1; i < ps->n; i++)
		if (ps->clause[i].choice && ps->clause[i - 1].kind != CLAUSE_DISCOUNT)
			return dn_fail_at(s, ps->clause[i].at, DN_SYNTAX, choice_what);
	if (t.last == NULL)
	{
		if (!ps->xrechnung || t.n_discounts == 0)
			return dn_fail(s, DN_SYNTAX, whole_what);
		add_due_date(ps);
		return true;
	}
	for (i = 0; i < ps->n && t.n_parts > 1; i++)
		if (ps->clause[i].is_short)
			return dn_fail_at(s, ps->clause[i].at, DN_SYNTAX, "a discount such as 2/10 was not expected beside parts: write 2% discount 10 days");
	if (t.last->kind == CLAUSE_REMAINDER && t.last->value == DN_PERCENT_WHOLE)
		t.last->kind = CLAUSE_BALANCE;
	if (t.n_parts == 1 && t.percents == DN_PERCENT_WHOLE)
		t.last->kind = CLAUSE_PLAIN;
	/* thirds add up to a little less than the whole */
	if (ps->inexact && t.last->kind == CLAUSE_PART && DN_PERCENT_WHOLE - t.percents < t.n_parts)
	{
		t.percents -= t.last->value;
		t.last->kind = CLAUSE_BALANCE;
	}
	if (t.last->kind == CLAUSE_BALANCE ? t.percents == DN_PERCENT_WHOLE :
		t.last->kind != CLAUSE_PLAIN && (t.inexact || t.percents != DN_PERCENT_WHOLE))
		return dn_fail(s, DN_SYNTAX, whole_what);
	return true;
}

/*
 * Whether the days of a clause count from the end of the month because another
 * says so: in 2/10 net 30 EOM and in 2/10 EOM net 30 both do.  With a separator
 * between them each stands by itself.
 */
static bool
shares_eom(const Parser *ps, const Clause *c, const DnMove *scanned)
{
	int			i;

	if (c->n != 1 || scanned[c->first].kind != DN_MOVE_DAYS || (c->kind != CLAUSE_DISCOUNT && !(c->kind == CLAUSE_PLAIN && c->joined)))
		return false;
	for (i = 0; i < ps->n; i++)
	{
		const Clause *other = &ps->clause[i];

		if (other->eom && (c->kind == CLAUSE_DISCOUNT ? other->kind == CLAUSE_PLAIN && other->joined : other->kind == CLAUSE_DISCOUNT))
			return true;
	}
	return false;
}

/* Appends the moves of a clause. */
static int
lay_moves(Parser *ps, DnTerms *t, const Clause *c, const DnMove *scanned)
{
	DnMove	   *move = ps->room->move;
	int			first = t->n_moves;

	if (shares_eom(ps, c, scanned))
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
	p->share = c->kind == CLAUSE_PERCENT || c->kind == CLAUSE_PART ? DN_SHARE_PERCENT :
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

/*
 * Refuses a discount that can end after the due date: one of the two was
 * misread or mistaken.
 */
static bool
check_discounts(Parser *ps, const DnTerms *t)
{
	int			late = dn_late_discount(t);
	int			i;

	if (late == -1)
		return true;
	for (i = 0; ps->clause[i].kind != CLAUSE_DISCOUNT || late-- > 0; i++)
		;
	return dn_fail_at(&ps->s, ps->clause[i].at, DN_SYNTAX, late_what);
}

/* Whether #SKONTO# stands anywhere. */
static bool
has_skonto(const DnScan *from)
{
	DnScan		s = *from;

	for (; s.p < s.end; s.p++)
	{
		DnScan		ahead = s;

		if (*s.p == '#' && dn_char(&ahead, '#') && words(&ahead, "skonto") && dn_char(&ahead, '#'))
			return true;
	}
	return false;
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
	ps.xrechnung = has_skonto(&ps.s);
	if (!scan_items(&ps) || !resolve(&ps))
	{
		*err = ps.s.err;
		return false;
	}
	t->shift = ps.shift;
	t->tax = ps.tax;
	lay_out(&ps, t);
	if (!check_discounts(&ps, t))
	{
		*err = ps.s.err;
		return false;
	}
	return true;
}

