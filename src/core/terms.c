/* core/terms.c: see terms.h */
#include "terms.h"

#include <string.h>

/*
 * Reading.  A text comes in English or in French, with or without accents,
 * and in any encoding in which ASCII is ASCII: accented letters of UTF-8 and
 * of Latin-1 count as the letters below them.
 */

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

typedef struct Phrase
{
	const char *text;			/* lower case, without accents */
	int			value;
} Phrase;

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

/* Takes the longest phrase of a table that stands here. */
static bool
phrase(DnScan *s, const Phrase *table, int n, int *value)
{
	const char *longest = NULL;
	int			i;

	space(s);
	for (i = 0; i < n; i++)
	{
		const char *end = words_end(s, table[i].text);

		if (end != NULL && (longest == NULL || end > longest))
		{
			longest = end;
			*value = table[i].value;
		}
	}
	if (longest == NULL)
		return false;
	s->p = longest;
	return true;
}

#define PHRASE(s, table, value) phrase(s, table, (int) (sizeof(table) / sizeof((table)[0])), value)

static const Phrase units[] = {
	{"days", DN_MOVE_DAYS}, {"day", DN_MOVE_DAYS}, {"d", DN_MOVE_DAYS}, {"calendar days", DN_MOVE_DAYS},
	{"jours", DN_MOVE_DAYS}, {"jour", DN_MOVE_DAYS}, {"j", DN_MOVE_DAYS}, {"jrs", DN_MOVE_DAYS},
	{"jours calendaires", DN_MOVE_DAYS},
	{"weeks", DN_MOVE_WEEKS}, {"week", DN_MOVE_WEEKS}, {"semaines", DN_MOVE_WEEKS}, {"semaine", DN_MOVE_WEEKS},
	{"months", DN_MOVE_MONTHS}, {"month", DN_MOVE_MONTHS}, {"mois", DN_MOVE_MONTHS}
};

#define PERIOD_EOM DN_PERIODS	/* the abbreviation, which trade reads its own way */

static const Phrase period_ends[] = {
	{"end of week", DN_PERIOD_WEEK}, {"end of the week", DN_PERIOD_WEEK}, {"fin de semaine", DN_PERIOD_WEEK},
	{"fin de la semaine", DN_PERIOD_WEEK},
	{"end of ten day period", DN_PERIOD_TEN_DAYS}, {"end of the ten day period", DN_PERIOD_TEN_DAYS},
	{"end of decade", DN_PERIOD_TEN_DAYS}, {"fin de decade", DN_PERIOD_TEN_DAYS}, {"fin de la decade", DN_PERIOD_TEN_DAYS},
	{"end of half month", DN_PERIOD_HALF_MONTH}, {"end of the half month", DN_PERIOD_HALF_MONTH},
	{"fin de quinzaine", DN_PERIOD_HALF_MONTH}, {"fin de la quinzaine", DN_PERIOD_HALF_MONTH},
	{"end of month", DN_PERIOD_MONTH}, {"end of the month", DN_PERIOD_MONTH}, {"month end", DN_PERIOD_MONTH},
	{"fin de mois", DN_PERIOD_MONTH}, {"fin du mois", DN_PERIOD_MONTH}, {"fdm", DN_PERIOD_MONTH},
	{"the end of the month", DN_PERIOD_MONTH}, {"la fin du mois", DN_PERIOD_MONTH}, {"la fin de mois", DN_PERIOD_MONTH},
	{"eom", PERIOD_EOM},
	{"end of quarter", DN_PERIOD_QUARTER}, {"end of the quarter", DN_PERIOD_QUARTER},
	{"fin de trimestre", DN_PERIOD_QUARTER}, {"fin du trimestre", DN_PERIOD_QUARTER},
	{"end of year", DN_PERIOD_YEAR}, {"end of the year", DN_PERIOD_YEAR},
	{"fin d annee", DN_PERIOD_YEAR}, {"fin de l annee", DN_PERIOD_YEAR}
};

static const Phrase afters[] = {
	{"after", 0}, {"from", 0}, {"after the", 0}, {"from the", 0}, {"apres", 0}, {"apres la", 0}, {"a compter de la", 0}, {"a partir de la", 0}
};

static const Phrase following_ends[] = {
	{"end of the following month", 0}, {"end of following month", 0}, {"end of next month", 0}, {"end of the next month", 0},
	{"fin du mois suivant", 0}, {"fin de mois suivant", 0}, {"fin du mois prochain", 0}
};

static const Phrase events[] = {
	{"on receipt", DN_EVENT_RECEIPT}, {"upon receipt", DN_EVENT_RECEIPT}, {"at receipt", DN_EVENT_RECEIPT},
	{"on receipt of invoice", DN_EVENT_RECEIPT}, {"on receipt of the invoice", DN_EVENT_RECEIPT},
	{"upon receipt of invoice", DN_EVENT_RECEIPT}, {"upon receipt of the invoice", DN_EVENT_RECEIPT},
	{"a reception", DN_EVENT_RECEIPT}, {"a reception de facture", DN_EVENT_RECEIPT},
	{"a reception de la facture", DN_EVENT_RECEIPT}, {"des reception", DN_EVENT_RECEIPT},
	{"des reception de la facture", DN_EVENT_RECEIPT}, {"reception de facture", DN_EVENT_RECEIPT},
	{"comptant", DN_EVENT_RECEIPT}, {"au comptant", DN_EVENT_RECEIPT}, {"cash", DN_EVENT_RECEIPT},
	{"immediate", DN_EVENT_RECEIPT}, {"immediately", DN_EVENT_RECEIPT}, {"immediat", DN_EVENT_RECEIPT},
	{"immediatement", DN_EVENT_RECEIPT}, {"immediate payment", DN_EVENT_RECEIPT}, {"now", DN_EVENT_RECEIPT},
	{"upfront", DN_EVENT_ORDER}, {"in advance", DN_EVENT_ORDER},
	{"on order", DN_EVENT_ORDER}, {"at order", DN_EVENT_ORDER}, {"with order", DN_EVENT_ORDER}, {"upon order", DN_EVENT_ORDER},
	{"a la commande", DN_EVENT_ORDER}, {"a commande", DN_EVENT_ORDER},
	{"on delivery", DN_EVENT_DELIVERY}, {"upon delivery", DN_EVENT_DELIVERY}, {"at delivery", DN_EVENT_DELIVERY},
	{"cash on delivery", DN_EVENT_DELIVERY}, {"cod", DN_EVENT_DELIVERY},
	{"a la livraison", DN_EVENT_DELIVERY}, {"a livraison", DN_EVENT_DELIVERY}
};

/* What may stand before a day rule and means nothing to it. */
static const Phrase leads[] = {
	{"net", 1}, {"nets", 1}, {"n", 1},
	{"due", 0}, {"payable", 0}, {"payables", 0}, {"payment", 0}, {"paid", 0}, {"if paid", 0}, {"for payment", 0},
	{"in", 0}, {"within", 0}, {"at", 0}, {"by", 0},
	{"paiement", 0}, {"reglement", 0}, {"si paiement", 0}, {"pour paiement", 0}, {"si regle", 0}, {"si paye", 0},
	{"a", 0}, {"sous", 0}, {"dans", 0}, {"dans les", 0}, {"pour", 0}
};

/* What may stand after a number of days and means the day of issue. */
static const Phrase tails[] = {
	{"net", 0}, {"nets", 0}, {"nettes", 0},
	{"invoice date", 0}, {"date of invoice", 0}, {"of invoice date", 0}, {"of the invoice date", 0}, {"from invoice date", 0}, {"after invoice date", 0},
	{"from the invoice date", 0}, {"after the invoice date", 0}, {"from date of invoice", 0},
	{"after date of invoice", 0}, {"from the date of the invoice", 0}, {"after the date of the invoice", 0},
	{"after invoice", 0}, {"from invoice", 0}, {"after receipt", 0}, {"after receipt of invoice", 0},
	{"after receipt of the invoice", 0}, {"after issue", 0}, {"from issue", 0},
	{"date de facture", 0}, {"date facture", 0}, {"de date de facture", 0}, {"date de facturation", 0},
	{"date d emission", 0}, {"date d emission de la facture", 0}, {"date de la facture", 0},
	{"de la date de facture", 0}, {"apres la date de facture", 0}, {"a compter de la date de facture", 0},
	{"a compter de la date d emission", 0}, {"a compter de la date d emission de la facture", 0},
	{"apres reception", 0}, {"apres reception de facture", 0}, {"apres reception de la facture", 0},
	{"a reception de facture", 0}, {"a reception de la facture", 0}
};

static const Phrase on_the[] = {
	{"on the", 0}, {"on", 0}, {"the", 0}, {"le", 0}, {"les", 0}, {"au", 0},
	{"on the next", 1}, {"the next", 1}, {"le prochain", 1}, {"au prochain", 1}
};

static const Phrase last_days[] = {
	{"on the last day", 0}, {"on the last day of the month", 0}, {"le dernier jour", 0}, {"le dernier jour du mois", 0},
	{"last day of the month", 0}, {"dernier jour du mois", 0}
};

static const Phrase ordinals[] = {
	{"st", 0}, {"nd", 0}, {"rd", 0}, {"th", 0}, {"er", 0}, {"e", 0}, {"eme", 0}
};

static const Phrase of_month[] = {
	{"of the following month", 1}, {"of following month", 1}, {"of next month", 1}, {"of the next month", 1},
	{"of the month after", 1}, {"following month", 1}, {"next month", 1}, {"prox", 1}, {"proximo", 1},
	{"du mois suivant", 1}, {"du mois prochain", 1}, {"du mois qui suit", 1},
	{"of the month", 0}, {"of each month", 0}, {"du mois", 0}, {"de chaque mois", 0}
};

static const Phrase balances[] = {
	{"balance", 0}, {"the balance", 0}, {"remainder", 0}, {"the remainder", 0}, {"rest", 0}, {"the rest", 0},
	{"solde", 0}, {"le solde", 0}, {"reste", 0}, {"le reste", 0}
};

static const Phrase of_remainder[] = {
	{"of the remainder", 0}, {"of remainder", 0}, {"of the balance", 0}, {"of the rest", 0},
	{"du solde", 0}, {"du reste", 0}, {"du restant", 0}
};

static const Phrase of_base[] = {{"of", 0}, {"de", 0}, {"sur", 0}};
static const Phrase discount_words[] = {{"discount", 0}, {"d escompte", 0}, {"de remise", 0}, {"skonto", 0}};

/* 0: an early-payment discount, 1: a deposit */
static const Phrase share_words[] = {
	{"discount", 0}, {"discount of", 0}, {"a discount of", 0}, {"cash discount", 0}, {"cash discount of", 0},
	{"escompte", 0}, {"escompte de", 0}, {"d escompte", 0}, {"remise", 0}, {"remise de", 0}, {"de remise", 0}, {"skonto", 0},
	{"deposit", 1}, {"deposit of", 1}, {"down payment", 1}, {"down payment of", 1},
	{"acompte", 1}, {"acompte de", 1}, {"d acompte", 1}
};

static const Phrase amount_words[] = {{"amount", 0}, {"montant", 0}};
static const Phrase percents[] = {{"percent", 0}, {"per cent", 0}, {"pct", 0}, {"pour cent", 0}};

static const Phrase conjunctions[] = {
	{"then", 0}, {"and", 0}, {"or else", 0}, {"otherwise", 0}, {"puis", 0}, {"et", 0}, {"sinon", 0}
};

static const Phrase shifts[] = {
	{"following business day", DN_SHIFT_FOLLOWING}, {"next business day", DN_SHIFT_FOLLOWING},
	{"moved to the following business day", DN_SHIFT_FOLLOWING},
	{"jour ouvre suivant", DN_SHIFT_FOLLOWING}, {"report au jour ouvre suivant", DN_SHIFT_FOLLOWING},
	{"preceding business day", DN_SHIFT_PRECEDING}, {"previous business day", DN_SHIFT_PRECEDING},
	{"moved to the preceding business day", DN_SHIFT_PRECEDING},
	{"jour ouvre precedent", DN_SHIFT_PRECEDING}, {"report au jour ouvre precedent", DN_SHIFT_PRECEDING},
	{"modified following business day", DN_SHIFT_MODIFIED},
	{"moved to the following business day of the same month", DN_SHIFT_MODIFIED},
	{"jour ouvre suivant modifie", DN_SHIFT_MODIFIED},
	{"report au jour ouvre suivant du meme mois", DN_SHIFT_MODIFIED}
};

static const Phrase taxes[] = {
	{"tax reduced on early payment", DN_TAX_EARLY}, {"taxe reduite en cas de paiement anticipe", DN_TAX_EARLY},
	{"tax reduced always", DN_TAX_ALWAYS}, {"taxe toujours reduite", DN_TAX_ALWAYS},
	{"tax reduced never", DN_TAX_NEVER}, {"tax never reduced", DN_TAX_NEVER}, {"taxe jamais reduite", DN_TAX_NEVER},
	{"tax always reduced", DN_TAX_ALWAYS}
};

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

static bool
after_month_end(const DnMove *move, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		if (move[i].kind == DN_MOVE_END && move[i].n == DN_PERIOD_MONTH)
			return true;
	return false;
}

/*
 * The days of the month after "on the": K [or K]... [of the following month].
 * A single day after an end of month is one of the following month, any other
 * is the next such day.
 */
static bool
scan_doms(DnScan *s, const char *at, Rule *r, bool next)
{
	uint32_t	mask = 0;
	int32_t		dom = 0;
	int			count = 0;
	int			following = -1;
	int			ignored;

	for (;;)
	{
		const char *begin;

		space(s);
		begin = s->p;
		if (!dn_int(s, 0, 31, &dom, dom_what))
			return false;
		PHRASE(s, ordinals, &ignored);
		if (dom == 0 && (count > 0 || next))
			return dn_fail_at(s, begin, DN_RANGE, "day 0, the end of the month, stands alone");
		mask |= UINT32_C(1) << dom;
		count++;
		if (dom == 0 || !(words(s, "or") || words(s, "ou")))
			break;
		if (words(s, "the") || words(s, "le"))
			continue;
	}
	PHRASE(s, of_month, &following);
	if (dom == 0)
	{
		if (r->n > 0 && r->move[r->n - 1].kind == DN_MOVE_END && r->move[r->n - 1].n == DN_PERIOD_MONTH)
			return true;
		return add_move(s, at, r, DN_MOVE_END, DN_PERIOD_MONTH);
	}
	if (following == 1 || (following == -1 && !next && count == 1 && after_month_end(r->move, r->n)))
	{
		if (count > 1 || next)
			return dn_fail_at(s, at, DN_SYNTAX, "one day of the following month was expected");
		return add_move(s, at, r, DN_MOVE_FOLLOWING, dom);
	}
	return add_move(s, at, r, DN_MOVE_NEXT, (int32_t) (mask >> 1));
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
	int			unit,
				period;
	int			ignored;

	space(s);
	begin = s->p;
	if (!dn_int(s, 0, DN_TERM_DAYS_MAX, &n, days_what))
		return false;
	after = s->p;
	if (PHRASE(s, ordinals, &ignored))
	{
		if (is_digit(s, s->p))
			return dn_fail_at(s, begin, DN_SYNTAX, days_what);
		s->p = begin;
		return scan_doms(s, begin, r, false);
	}
	if (PHRASE(s, units, &unit))
	{
		if (unit == DN_MOVE_WEEKS && n > DN_TERM_WEEKS_MAX)
			return dn_fail_at(s, begin, DN_RANGE, weeks_what);
		if (unit == DN_MOVE_MONTHS && n > DN_TERM_MONTHS_MAX)
			return dn_fail_at(s, begin, DN_RANGE, months_what);
		return add_move(s, begin, r, (DnMoveKind) unit, n);
	}
	if (PHRASE(s, of_month, &ignored))
	{
		s->p = begin;
		return scan_doms(s, begin, r, false);
	}
	/* 45 FDM, 30 EOM */
	if (!bare && !PHRASE(s, period_ends, &period))
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
	bool		eom = period == PERIOD_EOM;

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
	if (PHRASE(s, following_ends, &value))
		return add_move(s, begin, r, DN_MOVE_FOLLOWING, 31);
	if (PHRASE(s, last_days, &value))
		return add_move(s, begin, r, after_month_end(r->move, r->n) ? DN_MOVE_FOLLOWING : DN_MOVE_NEXT,
						after_month_end(r->move, r->n) ? 31 : INT32_C(1) << 30);
	if (PHRASE(s, period_ends, &value))
		return add_period_end(ps, begin, r, value, false);
	if (r->n == 1 && r->move[0].kind <= DN_MOVE_MONTHS && PHRASE(s, afters, &value))
	{
		if (PHRASE(s, period_ends, &value))
			return add_period_end(ps, begin, r, value, true);
		s->p = begin;
	}
	if (PHRASE(s, on_the, &value))
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

	if (!words(&s, "net") && !words(&s, "n"))
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
	if (PHRASE(s, events, &value))
		return add_move(s, begin, r, DN_MOVE_EVENT, value);
	PHRASE(s, on_the, &value);
	space(s);
	if (at_date(s))
		return dn_date(s, &day) && add_move(s, begin, r, DN_MOVE_DATE, day);
	if (at_french_date(s))
		return scan_french_date(s, &day) && add_move(s, begin, r, DN_MOVE_DATE, day);
	s->p = begin;
	*found = false;
	return true;
}

/* Keeps a rule among the moves of the terms. */
static void
keep_rule(Parser *ps, const Rule *r, uint16_t *first, uint8_t *n)
{
	*first = (uint16_t) ps->n_moves;
	*n = (uint8_t) r->n;
	memcpy(ps->room->move + ps->n_moves, r->move, (size_t) r->n * sizeof(DnMove));
	ps->n_moves += r->n;
}

/*
 * A whole day rule.  In a discount a number alone is one of days; elsewhere
 * it needs a unit or "net".  A rule of the whole amount may go on after a
 * comma: "30 days end of month, on the 10th".
 */
static bool
scan_rule(Parser *ps, Clause *c, bool bare)
{
	DnScan	   *s = &ps->s;
	Rule		r;
	bool		found,
				done;
	int			value;

	memset(&r, 0, sizeof(r));
	space(s);
	if (!scan_alone(s, &r, &found))
		return false;
	while (!found && PHRASE(s, leads, &value))
	{
		if (value == 1)
		{
			bare = true;
			take(s, '/');
		}
		space(s);
		if (!scan_alone(s, &r, &found))
			return false;
	}
	while (!found)
	{
		if (!empty(&r) && at_net_number(s))
			break;
		if (!scan_step(ps, &r, bare, &done))
			return false;
		if (done && !empty(&r) && PHRASE(s, tails, &value))
			continue;
		if (done && !empty(&r) && (c->kind == CLAUSE_PLAIN || c->kind == CLAUSE_BALANCE))
		{
			DnScan		saved = *s;

			/* both need what stands after the comma to be a step */
			if (take(s, ',') && (PHRASE(s, period_ends, &value) ||
								 (PHRASE(s, on_the, &value) && (space(s), is_digit(s, s->p)))))
			{
				*s = saved;
				take(s, ',');
				continue;
			}
			*s = saved;
		}
		if (done)
			break;
	}
	if (empty(&r))
		return dn_fail(s, DN_SYNTAX, rule_what);
	if (r.n == 0)
		add_move(s, s->p, &r, DN_MOVE_EVENT, DN_EVENT_RECEIPT);
	keep_rule(ps, &r, &c->first, &c->n);
	return true;
}

/* A currency of three capitals that is no word of ours. */
static bool
scan_code(DnScan *s, char currency[4])
{
	const char *begin;
	const char *after;
	int			value;
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
	if (PHRASE(s, units, &value) || PHRASE(s, period_ends, &value) || PHRASE(s, tails, &value))
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

/* The amount of which a discount is a percentage. */
static bool
scan_base(DnScan *s, Clause *c)
{
	const char *begin;
	bool		fits;

	space(s);
	begin = s->p;
	if (!number(s, DN_FEE_SCALE, DN_FEE_MAX * DN_FEE_UNIT, &c->base, &fits))
		return dn_fail(s, DN_SYNTAX, base_what);
	if (!fits)
		return dn_fail_at(s, begin, DN_RANGE, base_what);
	c->has_base = true;
	return !thousands(s, begin);
}

/*
 * The German form of an early-payment discount:
 * #SKONTO#TAGE=14#PROZENT=2.00#, with an optional BASISBETRAG=1000.00#, which
 * is negative on a credit note: terms have no sign, so it is left out.
 */
static bool
scan_skonto(Parser *ps, Clause *c)
{
	static const char *const what =
		"#SKONTO#TAGE=days#PROZENT=percent# was expected";
	DnScan	   *s = &ps->s;
	const char *begin = s->p;
	const char *at;
	int32_t		days;
	bool		fits;
	Rule		r;

	memset(&r, 0, sizeof(r));
	c->kind = CLAUSE_DISCOUNT;
	if (!(dn_char(s, '#') && words(s, "skonto") && dn_char(s, '#') && words(s, "tage") && dn_char(s, '=')))
		return dn_fail_at(s, begin, DN_SYNTAX, what);
	if (!dn_int(s, 0, DN_TERM_DAYS_MAX, &days, days_what))
		return false;
	if (!(dn_char(s, '#') && words(s, "prozent") && dn_char(s, '=')))
		return dn_fail_at(s, begin, DN_SYNTAX, what);
	at = s->p;
	if (!number(s, DN_PERCENT_SCALE, DN_PERCENT_WHOLE, &c->value, &fits))
		return dn_fail(s, DN_SYNTAX, discount_percent_what);
	if (!check_percent(s, at, c, fits))
		return false;
	if (!dn_char(s, '#'))
		return dn_fail_at(s, begin, DN_SYNTAX, what);
	if (words(s, "basisbetrag"))
	{
		if (!dn_char(s, '='))
			return dn_fail_at(s, begin, DN_SYNTAX, what);
		dn_char(s, '-');
		if (!scan_base(s, c))
			return false;
		if (!dn_char(s, '#'))
			return dn_fail_at(s, begin, DN_SYNTAX, what);
	}
	if (!add_move(s, begin, &r, DN_MOVE_DAYS, days))
		return false;
	if (r.n == 0)
		add_move(s, begin, &r, DN_MOVE_EVENT, DN_EVENT_RECEIPT);
	keep_rule(ps, &r, &c->first, &c->n);
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
	int			ignored;

	*found = false;
	if (!PHRASE(s, of_base, &ignored))
		return true;
	space(s);
	if (!is_digit(s, s->p) || at_french_date(s))
	{
		*s = saved;
		return true;
	}
	*found = true;
	c->kind = CLAUSE_DISCOUNT;
	return scan_base(s, c);
}

/* What follows a percentage. */
static bool
scan_percent(Parser *ps, Clause *c, const char *begin, bool fits, bool deposit)
{
	DnScan	   *s = &ps->s;
	DnScan		ahead;
	int			value;

	if (c->kind == CLAUSE_PLAIN)
		c->kind = CLAUSE_PERCENT;
	if (c->kind == CLAUSE_PERCENT && PHRASE(s, of_remainder, &value))
		c->kind = CLAUSE_REMAINDER;
	else if (!deposit)
	{
		bool		based;

		if (!scan_of_base(s, c, &based))
			return false;
		if (based)
			PHRASE(s, discount_words, &value);
		else if (c->kind == CLAUSE_PERCENT && PHRASE(s, share_words, &value))
		{
			deposit = value == 1;
			if (!deposit)
				c->kind = CLAUSE_DISCOUNT;
		}
	}
	if (!check_percent(s, begin, c, fits))
		return false;

	/* a deposit is due on order unless it says otherwise */
	ahead = *s;
	if (deposit && (take(&ahead, ',') || take(&ahead, ';')))
	{
		Rule		r;

		memset(&r, 0, sizeof(r));
		add_move(s, s->p, &r, DN_MOVE_EVENT, DN_EVENT_ORDER);
		keep_rule(ps, &r, &c->first, &c->n);
		return true;
	}
	return scan_rule(ps, c, true);
}

/* A share, if one stands here, and its day rule. */
static bool
scan_clause(Parser *ps, Clause *c)
{
	DnScan	   *s = &ps->s;
	const char *begin;
	bool		deposit = false;
	bool		fits;
	int			value;

	memset(c, 0, sizeof(*c));
	space(s);
	c->at = s->p;
	ps->skonto = ps->eom = false;
	if (dn_peek(s, '#'))
		return scan_skonto(ps, c);
	if (PHRASE(s, balances, &value))
	{
		c->kind = CLAUSE_BALANCE;
		return scan_rule(ps, c, false);
	}
	if (PHRASE(s, amount_words, &value))
	{
		space(s);
		begin = s->p;
		c->kind = CLAUSE_AMOUNT;
		if (!number(s, DN_FEE_SCALE, DN_FEE_MAX * DN_FEE_UNIT, &c->value, &fits))
			return dn_fail(s, DN_SYNTAX, amount_what);
		if (!fits || c->value == 0)
			return dn_fail_at(s, begin, DN_RANGE, amount_what);
		if (thousands(s, begin))
			return false;
		scan_code(s, c->currency);
		return scan_rule(ps, c, false);
	}
	if (PHRASE(s, share_words, &value))
	{
		deposit = value == 1;
		c->kind = deposit ? CLAUSE_PERCENT : CLAUSE_DISCOUNT;
	}
	space(s);
	begin = s->p;
	if (number(s, DN_PERCENT_SCALE, DN_PERCENT_WHOLE, &c->value, &fits))
	{
		if (take(s, '%') || PHRASE(s, percents, &value))
			return scan_percent(ps, c, begin, fits, deposit);
		if (c->kind == CLAUSE_PLAIN && s->p < s->end && *s->p == '/' && is_digit(s, s->p + 1))
		{
			DnScan		date = *s;

			date.p = begin;
			if (!at_slashes(&date))
			{
				/* 2/10 */
				s->p++;
				c->kind = CLAUSE_DISCOUNT;
				c->is_short = true;
				return check_percent(s, begin, c, fits) && scan_rule(ps, c, true);
			}
		}
		if (c->kind == CLAUSE_PLAIN && scan_code(s, c->currency))
		{
			const char *after = s->p;

			s->p = begin;
			number(s, DN_FEE_SCALE, DN_FEE_MAX * DN_FEE_UNIT, &c->value, &fits);
			if (!fits || c->value == 0)
				return dn_fail_at(s, begin, DN_RANGE, amount_what);
			if (thousands(s, begin))
				return false;
			s->p = after;
			c->kind = CLAUSE_AMOUNT;
			return scan_rule(ps, c, false);
		}
		s->p = begin;
	}
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
	if (PHRASE(s, shifts, &value))
	{
		again = ps->has_shift;
		ps->has_shift = true;
		ps->shift = (DnShift) value;
	}
	else if (PHRASE(s, taxes, &value))
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

static bool
scan_clauses(Parser *ps)
{
	DnScan	   *s = &ps->s;

	for (;;)
	{
		DnScan		ahead;
		bool		found;
		int			ignored;

		if (!scan_option(ps, &found))
			return false;
		if (!found)
		{
			if (ps->n == CLAUSES_MAX)
				return dn_fail(s, DN_LIMIT, parts_what);
			if (!scan_clause(ps, &ps->clause[ps->n]))
				return false;
			if (ps->eom && ps->clause[ps->n].kind == CLAUSE_PLAIN)
				ps->net_eom = true;
			ps->n++;
		}
		space(s);
		if (s->p == s->end)
			return true;
		ahead = *s;
		if (take(s, ',') || take(s, ';'))
			PHRASE(s, conjunctions, &ignored);
		else if (!PHRASE(s, conjunctions, &ignored) && !ps->skonto && !dn_peek(s, '#') &&
				 !at_net_number(s) && !PHRASE(&ahead, shifts, &ignored))
			return dn_fail(s, DN_SYNTAX, separator_what);
	}
}

/* The days of a clause whose rule is no more than days. */
static int32_t
plain_days(const Parser *ps, const Clause *c)
{
	return c->n == 1 && ps->room->move[c->first].kind == DN_MOVE_DAYS ? ps->room->move[c->first].n : 0;
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
	bool		plain = false;
	bool		inexact = false;
	int64_t		percents_sum = 0;
	int			n_parts = 0;
	int			n_discounts = 0;
	int			i;
	Clause	   *last = NULL;

	for (i = 0; i < ps->n; i++)
		plain |= ps->clause[i].kind == CLAUSE_PLAIN;
	for (i = 0; i < ps->n; i++)
	{
		Clause	   *c = &ps->clause[i];

		if (last != NULL && (last->kind == CLAUSE_PLAIN || last->kind == CLAUSE_BALANCE))
			return dn_fail_at(s, c->at, DN_SYNTAX, "nothing may follow the whole amount or the balance");
		if (plain && c->kind == CLAUSE_PERCENT)
		{
			c->kind = CLAUSE_DISCOUNT;
			if (!check_percent(s, c->at, c, true))
				return false;
		}
		if (c->kind == CLAUSE_DISCOUNT)
		{
			if (++n_discounts > DN_DISCOUNTS_MAX)
				return dn_fail_at(s, c->at, DN_LIMIT, discounts_what);
			continue;
		}
		if (c->kind == CLAUSE_PLAIN && n_parts > 0)
			return dn_fail_at(s, c->at, DN_SYNTAX, "a share or the balance was expected");
		if (c->kind == CLAUSE_PERCENT)
		{
			percents_sum += c->value;
			if (percents_sum > DN_PERCENT_WHOLE)
				return dn_fail_at(s, c->at, DN_RANGE, "the parts must not exceed 100 %");
		}
		inexact |= c->kind == CLAUSE_REMAINDER || c->kind == CLAUSE_AMOUNT;
		if (++n_parts > DN_PARTS_MAX)
			return dn_fail_at(s, c->at, DN_LIMIT, parts_what);
		last = c;
	}
	if (last == NULL)
	{
		/* #SKONTO# says no due date: the last day of any discount */
		int			latest = ps->n - 1;

		if (!ps->skonto)
			return dn_fail(s, DN_SYNTAX, whole_what);
		for (i = 0; i < ps->n; i++)
			if (plain_days(ps, &ps->clause[i]) > plain_days(ps, &ps->clause[latest]))
				latest = i;
		last = &ps->clause[ps->n];
		*last = ps->clause[latest];
		last->kind = CLAUSE_PLAIN;
		ps->n++;
		return true;
	}
	if (last->kind == CLAUSE_REMAINDER && last->value == DN_PERCENT_WHOLE)
		last->kind = CLAUSE_BALANCE;
	if (n_parts == 1 && percents_sum == DN_PERCENT_WHOLE)
		last->kind = CLAUSE_PLAIN;
	if (last->kind == CLAUSE_BALANCE ? percents_sum == DN_PERCENT_WHOLE :
		last->kind != CLAUSE_PLAIN && (inexact || percents_sum != DN_PERCENT_WHOLE))
		return dn_fail(s, DN_SYNTAX, whole_what);
	return true;
}

/* Lays the clauses out: the parts, the discounts, and their moves in that order. */
static void
lay_out(Parser *ps, DnTerms *t)
{
	DnTermsRoom *room = ps->room;
	DnMove		scanned[DN_MOVES_ROOM];
	int			pass,
				i;

	memcpy(scanned, room->move, (size_t) ps->n_moves * sizeof(DnMove));
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < ps->n; i++)
		{
			const Clause *c = &ps->clause[i];
			bool		discount = c->kind == CLAUSE_DISCOUNT;
			int			n = c->n;
			int			first = t->n_moves;

			if (discount != (pass == 1))
				continue;

			/* in 2/10 net 30 EOM both begin with the end of the month */
			if (c->is_short && ps->net_eom && n == 1 && scanned[c->first].kind == DN_MOVE_DAYS)
			{
				memset(&room->move[t->n_moves], 0, sizeof(DnMove));
				room->move[t->n_moves].kind = DN_MOVE_END;
				room->move[t->n_moves++].n = DN_PERIOD_MONTH;
				n++;
			}
			memcpy(room->move + t->n_moves, scanned + c->first, c->n * sizeof(DnMove));
			t->n_moves += c->n;
			if (discount)
			{
				DnDiscount *d = &room->discount[t->n_discounts++];

				memset(d, 0, sizeof(*d));
				d->base = c->base;
				d->has_base = c->has_base;
				d->percent = (int32_t) c->value;
				d->first = (uint16_t) first;
				d->n = (uint8_t) n;
			}
			else
			{
				DnPart	   *p = &room->part[t->n_parts++];

				memset(p, 0, sizeof(*p));
				p->share = c->kind == CLAUSE_PERCENT ? DN_SHARE_PERCENT :
					c->kind == CLAUSE_REMAINDER ? DN_SHARE_REMAINDER :
					c->kind == CLAUSE_AMOUNT ? DN_SHARE_AMOUNT : DN_SHARE_BALANCE;
				p->value = p->share == DN_SHARE_BALANCE ? 0 : c->value;
				p->first = (uint16_t) first;
				p->n = (uint8_t) n;
				memcpy(p->currency, c->currency, sizeof(p->currency));
			}
		}
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
	if (!scan_clauses(&ps) || !resolve(&ps))
	{
		*err = ps.s.err;
		return false;
	}
	t->shift = ps.shift;
	t->tax = ps.tax;
	lay_out(&ps, t);
	return true;
}

/* Whether terms that were read from storage are such as the parser makes. */
static bool
valid_rule(const DnTerms *t, int first, int n)
{
	int			i;

	if (n < 1 || n > DN_MOVES_MAX || first + n > t->n_moves)
		return false;
	for (i = first; i < first + n; i++)
	{
		const DnMove *m = &t->move[i];

		switch (m->kind)
		{
			case DN_MOVE_DAYS:
			case DN_MOVE_WEEKS:
			case DN_MOVE_MONTHS:
				if (m->n < 0 || m->n > DN_TERM_DAYS_MAX)
					return false;
				break;
			case DN_MOVE_END:
				if (m->n < 0 || m->n >= DN_PERIODS)
					return false;
				break;
			case DN_MOVE_NEXT:
				if (m->n <= 0)
					return false;
				break;
			case DN_MOVE_FOLLOWING:
				if (m->n < 1 || m->n > 31)
					return false;
				break;
			case DN_MOVE_EVENT:
				if (m->n < 0 || m->n >= DN_EVENTS)
					return false;
				break;
			case DN_MOVE_DATE:
				break;
			default:
				return false;
		}
	}
	return true;
}

bool
dn_terms_valid(const DnTerms *t)
{
	int			i;

	if (t->n_parts < 1 || t->n_parts > DN_PARTS_MAX || t->n_discounts < 0 ||
		t->n_discounts > DN_DISCOUNTS_MAX || t->shift > DN_SHIFT_MODIFIED || t->tax > DN_TAX_NEVER)
		return false;
	for (i = 0; i < t->n_parts; i++)
		if (t->part[i].share > DN_SHARE_BALANCE || t->part[i].currency[3] != '\0' ||
			!valid_rule(t, t->part[i].first, t->part[i].n))
			return false;
	for (i = 0; i < t->n_discounts; i++)
		if (t->discount[i].percent <= 0 || t->discount[i].percent >= DN_PERCENT_WHOLE ||
			t->discount[i].base < 0 || t->discount[i].base > DN_FEE_MAX * DN_FEE_UNIT ||
			t->discount[i].has_base > 1 || (!t->discount[i].has_base && t->discount[i].base != 0) ||
			!valid_rule(t, t->discount[i].first, t->discount[i].n))
			return false;
	return true;
}

/* Days. */

static int
lowest_bit(uint32_t mask)
{
	int			i = 0;

	while (!(mask & 1))
	{
		mask >>= 1;
		i++;
	}
	return i;
}

static int
at_most(int a, int b)
{
	return a < b ? a : b;
}

/* Goes n months on, to day dom or the last one of that month. */
static int64_t
in_month(int32_t year, int month, int32_t n, int dom)
{
	int32_t		months = month - 1 + n;

	year += months / 12;
	month = months % 12 + 1;
	return dn_civil_day(year, month, at_most(dom, dn_month_length(year, month)));
}

static int64_t
period_end(int64_t day, int32_t period)
{
	int32_t		year;
	int			month,
				dom,
				length;

	if (period == DN_PERIOD_WEEK)
		return day + 6 - dn_weekday((int32_t) day);
	dn_civil((int32_t) day, &year, &month, &dom);
	if (period == DN_PERIOD_QUARTER)
		return in_month(year, (month + 2) / 3 * 3, 0, 31);
	if (period == DN_PERIOD_YEAR)
		return in_month(year, 12, 0, 31);
	length = dn_month_length(year, month);
	if (period == DN_PERIOD_TEN_DAYS)
		return day - dom + (dom <= 10 ? 10 : dom <= 20 ? 20 : length);
	if (period == DN_PERIOD_HALF_MONTH)
		return day - dom + (dom <= 15 ? 15 : length);
	return day - dom + length;
}

/* The next day of the month in a mask; *said is the one it is, in a short month too. */
static int64_t
next_in_mask(int64_t day, uint32_t mask, int *said)
{
	int32_t		year;
	int			month,
				dom;
	uint32_t	left;

	dn_civil((int32_t) day, &year, &month, &dom);
	left = mask >> (dom - 1);
	*said = left != 0 ? dom + lowest_bit(left) : lowest_bit(mask) + 1;
	return in_month(year, month, left != 0 ? 0 : 1, *said);
}

/* Whether the end of a period is said to be that of a month: the 28th of February, not the 10th. */
static bool
is_month_end(int64_t day, int32_t period)
{
	int32_t		year;
	int			month,
				dom;

	dn_civil((int32_t) day, &year, &month, &dom);
	return period != DN_PERIOD_WEEK && dom == dn_month_length(year, month);
}

/*
 * The day of a rule, moved to a business day as the terms say.  From an
 * infinite day of issue every rule but a fixed date leads to that infinity.
 *
 * A day of the month that the rule says, the end of the month above all, stays
 * what it is over the months that follow: a month after the end of February is
 * the end of March.  From any other day months go as those of SQL.
 */
DnDayStatus
dn_rule_day(const DnTerms *t, int first, int n, const DnCalendar *c,
			int32_t issued_on, int32_t *out)
{
	const DnMove *m = t->move + first;
	const DnMove *end = m + n;
	int64_t		day = issued_on;
	int			said = 0;		/* the day of the month that the rule says; 0: none */
	int32_t		year;
	int			month,
				dom;

	*out = issued_on;
	if (!dn_day_finite(issued_on) && m->kind != DN_MOVE_DATE)
		return DN_DAY_FOUND;
	for (; m < end; m++)
	{
		switch (m->kind)
		{
			case DN_MOVE_DAYS:
				day += m->n;
				said = 0;
				break;
			case DN_MOVE_WEEKS:
				day += 7 * (int64_t) m->n;
				said = 0;
				break;
			case DN_MOVE_MONTHS:
				dn_civil((int32_t) day, &year, &month, &dom);
				day = in_month(year, month, m->n, said != 0 ? said : dom);
				break;
			case DN_MOVE_END:
				day = period_end(day, m->n);
				said = day <= DN_DAY_LAST && is_month_end(day, m->n) ? 31 : 0;
				break;
			case DN_MOVE_NEXT:
				day = next_in_mask(day, (uint32_t) m->n, &said);
				break;
			case DN_MOVE_FOLLOWING:
				dn_civil((int32_t) day, &year, &month, &dom);
				said = m->n;
				day = in_month(year, month, 1, said);
				break;
			case DN_MOVE_DATE:
				day = m->n;
				break;
			default:
				break;
		}
		if (day < DN_DAY_FIRST || day > DN_DAY_LAST)
			return DN_DAY_BEYOND;
	}
	if (t->shift != DN_SHIFT_NONE)
		return dn_shift(c, t->shift, (int32_t) day, out);
	*out = (int32_t) day;
	return DN_DAY_FOUND;
}

/* The day on which the last part is due. */
DnDayStatus
dn_due_date(const DnTerms *t, const DnCalendar *c, int32_t issued_on, int32_t *out)
{
	int			i;

	for (i = 0; i < t->n_parts; i++)
	{
		int32_t		day;
		DnDayStatus status = dn_rule_day(t, t->part[i].first, t->part[i].n, c, issued_on, &day);

		if (status != DN_DAY_FOUND)
			return status;
		if (i == 0 || day > *out)
			*out = day;
	}
	return DN_DAY_FOUND;
}

/* The days of a rule that is the same number of them from any day. */
bool
dn_plain_days(const DnTerms *t, int first, int n, int32_t *days)
{
	int			i;

	*days = 0;
	for (i = first; i < first + n; i++)
	{
		const DnMove *m = &t->move[i];

		if (m->kind == DN_MOVE_DAYS)
			*days += m->n;
		else if (m->kind == DN_MOVE_WEEKS)
			*days += 7 * m->n;
		else if (m->kind != DN_MOVE_EVENT)
			return false;
	}
	return true;
}

/* Amounts. */

/*
 * percent (10^-6) of an amount of 10^-4 units, rounded half away from zero to
 * 0 to DN_SPLIT_DECIMALS_MAX decimals; false if it does not fit.
 */
bool
dn_percent_of(int64_t amount, int64_t percent, int decimals, int64_t *out)
{
	int64_t		step = 1;
	__int128	whole;
	__int128	product = (__int128) amount * percent;

	for (; decimals < DN_SPLIT_DECIMALS_MAX; decimals++)
		step *= 10;
	whole = (__int128) DN_PERCENT_WHOLE * step;
	product = (product + (product < 0 ? -whole : whole) / 2) / whole * step;
	if (product > INT64_MAX || product < INT64_MIN)
		return false;
	*out = (int64_t) product;
	return true;
}

/*
 * The parts of an amount of 10^-4 units, which add up to it: the last one is
 * what the others leave, and no other exceeds that.  A fixed amount has the
 * sign of the whole.  False if a number does not fit.
 */
bool
dn_split(const DnTerms *t, int64_t amount, int decimals, int64_t *parts)
{
	int64_t		rest = amount;
	int			i;

	for (i = 0; i < t->n_parts - 1; i++)
	{
		const DnPart *p = &t->part[i];
		int64_t		v;

		if (p->share == DN_SHARE_AMOUNT)
			v = amount < 0 ? -p->value : p->value;
		else if (!dn_percent_of(p->share == DN_SHARE_PERCENT ? amount : rest, p->value, decimals, &v))
			return false;
		if (amount < 0 ? v < rest : v > rest)
			v = rest;
		parts[i] = v;
		rest -= v;
	}
	parts[i] = rest;
	return true;
}

/*
 * What part of the whole each part is, in 10^-6 percent; false where that
 * depends on the amount.
 */
bool
dn_shares(const DnTerms *t, int64_t *share)
{
	int64_t		rest = DN_PERCENT_WHOLE;
	int			i;

	for (i = 0; i < t->n_parts; i++)
	{
		const DnPart *p = &t->part[i];

		if (p->share == DN_SHARE_AMOUNT)
			return false;
		share[i] = p->share == DN_SHARE_PERCENT ? p->value :
			p->share == DN_SHARE_BALANCE ? rest :
			(rest * p->value + DN_PERCENT_WHOLE / 2) / DN_PERCENT_WHOLE;
		rest -= share[i];
	}
	return true;
}

/* Writing: the canonical text, and the same for people in four languages. */

typedef enum DateStyle
{
	DATE_ISO,
	DATE_SLASHES,
	DATE_POINTS,
	DATE_HYPHENS
} DateStyle;

typedef enum OrdinalStyle
{
	ORDINAL_EN,
	ORDINAL_FR,
	ORDINAL_DE,
	ORDINAL_NL
} OrdinalStyle;

typedef struct Wording
{
	const char *unit[3][2];		/* one, several */
	const char *net_before;
	const char *net_after;
	const char *end[DN_PERIODS];
	const char *following_end;
	const char *event[DN_EVENTS];
	const char *on;
	const char *on_next;
	const char *or_on;
	const char *of_following;
	const char *date;
	const char *percent;
	const char *of_remainder;
	const char *of_base;
	const char *amount;
	const char *balance;
	const char *discount_before;
	const char *discount_after;
	const char *within;			/* between a discount and a number */
	const char *at;				/* between a share and a number */
	const char *part_separator;
	const char *option_separator;
	const char *shift[3];
	const char *tax[2];
	DateStyle	date_style;
	OrdinalStyle ordinal;
	char		point;
	bool		canonical;
} Wording;

static const Wording canonical = {
	{{"day", "days"}, {"week", "weeks"}, {"month", "months"}},
	"net ", "",
	{"end of week", "end of ten-day period", "end of half-month", "end of month", "end of quarter", "end of year"},
	"end of the following month",
	{"on receipt", "on order", "on delivery"},
	"on the ", "on the next ", " or ", " of the following month", "on ",
	"%", " of the remainder", " of ", "amount ", "balance", "", " discount", "", "", "; ", "; ",
	{"following business day", "preceding business day", "modified following business day"},
	{"tax reduced always", "tax reduced never"},
	DATE_ISO, ORDINAL_EN, '.', true
};

static const Wording wording[DN_LANGUAGES] = {
	{
		{{"day", "days"}, {"week", "weeks"}, {"month", "months"}},
		"", " net",
		{"end of the week", "end of the ten-day period", "end of the half-month", "end of the month",
		"end of the quarter", "end of the year"},
		"end of the following month",
		{"on receipt of the invoice", "on order", "on delivery"},
		"on the ", "on the next ", " or the ", " of the following month", "on ",
		"%", " of the remainder", " of ", "amount ", "balance", "", " discount", " within ", " ", ", ", ", ",
		{"moved to the following business day", "moved to the preceding business day",
		"moved to the following business day of the same month"},
		{"tax always reduced", "tax never reduced"},
		DATE_ISO, ORDINAL_EN, '.', false
	},
	{
		{{"jour", "jours"}, {"semaine", "semaines"}, {"mois", "mois"}},
		"", " net",
		{"fin de semaine", "fin de d\xC3\xA9" "cade", "fin de quinzaine", "fin de mois", "fin de trimestre", "fin d'ann\xC3\xA9" "e"},
		"fin du mois suivant",
		{"\xC3\xA0 r\xC3\xA9" "ception de la facture", "\xC3\xA0 la commande", "\xC3\xA0 la livraison"},
		"le ", "le prochain ", " ou le ", " du mois suivant", "le ",
		" %", " du solde", " de ", "montant ", "solde", "escompte de ", "", " \xC3\xA0 ", " \xC3\xA0 ", ", ", ", ",
		{"report au jour ouvr\xC3\xA9 suivant", "report au jour ouvr\xC3\xA9 pr\xC3\xA9" "c\xC3\xA9" "dent",
		"report au jour ouvr\xC3\xA9 suivant du m\xC3\xAAme mois"},
		{"taxe toujours r\xC3\xA9" "duite", "taxe jamais r\xC3\xA9" "duite"},
		DATE_SLASHES, ORDINAL_FR, ',', false
	},
	{
		{{"Tag", "Tage"}, {"Woche", "Wochen"}, {"Monat", "Monate"}},
		"", " netto",
		{"Wochenende", "Dekadenende", "Ende der Monatsh\xC3\xA4lfte", "Monatsende", "Quartalsende", "Jahresende"},
		"Ende des Folgemonats",
		{"bei Erhalt der Rechnung", "bei Bestellung", "bei Lieferung"},
		"am ", "am n\xC3\xA4" "chsten ", " oder am ", " des Folgemonats", "am ",
		" %", " des Restbetrags", " von ", "Betrag ", "Rest", "", " Skonto", " ", " ", ", ", ", ",
		{"verschoben auf den n\xC3\xA4" "chsten Gesch\xC3\xA4" "ftstag", "vorgezogen auf den vorigen Gesch\xC3\xA4" "ftstag",
		"verschoben auf den n\xC3\xA4" "chsten Gesch\xC3\xA4" "ftstag desselben Monats"},
		{"Steuer immer gemindert", "Steuer nie gemindert"},
		DATE_POINTS, ORDINAL_DE, ',', false
	},
	{
		{{"dag", "dagen"}, {"week", "weken"}, {"maand", "maanden"}},
		"", " netto",
		{"einde week", "einde decade", "einde halve maand", "einde maand", "einde kwartaal", "einde jaar"},
		"einde volgende maand",
		{"bij ontvangst van de factuur", "bij bestelling", "bij levering"},
		"op de ", "op de eerstvolgende ", " of de ", " van de volgende maand", "op ",
		"%", " van het restant", " van ", "bedrag ", "saldo", "", " betalingskorting", " binnen ", " ", ", ", ", ",
		{"verschoven naar de volgende werkdag", "vervroegd naar de vorige werkdag",
		"verschoven naar de volgende werkdag van dezelfde maand"},
		{"btw altijd verlaagd", "btw nooit verlaagd"},
		DATE_HYPHENS, ORDINAL_NL, ',', false
	}
};

/* v units of 10^-scale with the language's decimal sign */
static void
put_decimal(DnOut *out, const Wording *w, int64_t v, int scale, int least)
{
	char		buf[32];
	DnOut		number_out = {buf, sizeof(buf), 0};
	size_t		i;

	dn_put_decimal(&number_out, v, scale, least);
	for (i = 0; i < number_out.len; i++)
		if (buf[i] == '.')
			buf[i] = w->point;
	dn_put_bytes(out, buf, number_out.len);
}

static void
put_ordinal(DnOut *out, const Wording *w, int n)
{
	static const char *const en[] = {"th", "st", "nd", "rd"};

	dn_put_int(out, n);
	switch (w->ordinal)
	{
		case ORDINAL_EN:
			dn_put(out, n % 10 < 4 && n / 10 != 1 ? en[n % 10] : "th");
			break;
		case ORDINAL_FR:
			dn_put(out, n == 1 ? "er" : "");
			break;
		case ORDINAL_DE:
			dn_put(out, ".");
			break;
		case ORDINAL_NL:
			dn_put(out, "e");
			break;
	}
}

static void
put_two(DnOut *out, int n)
{
	if (n < 10)
		dn_put(out, "0");
	dn_put_int(out, n);
}

/* A day of a four-digit year as the language writes it. */
static void
put_day(DnOut *out, const Wording *w, int32_t day)
{
	const char *between = w->date_style == DATE_SLASHES ? "/" : w->date_style == DATE_POINTS ? "." : "-";
	int32_t		year;
	int			month,
				dom;

	if (w->date_style == DATE_ISO)
	{
		dn_put_date(out, day);
		return;
	}
	dn_civil(day, &year, &month, &dom);
	put_two(out, dom);
	dn_put(out, between);
	put_two(out, month);
	dn_put(out, between);
	put_two(out, year / 100);
	put_two(out, year % 100);
}

static void
put_doms(DnOut *out, const Wording *w, uint32_t mask)
{
	const char *between = "";
	int			i;

	for (i = 0; i < 31; i++)
		if (mask & (UINT32_C(1) << i))
		{
			dn_put(out, between);
			put_ordinal(out, w, i + 1);
			between = w->or_on;
		}
}

/* The move i of a rule. */
static void
put_move(DnOut *out, const Wording *w, const DnMove *move, int i)
{
	const DnMove *m = &move[i];
	bool		month_end = after_month_end(move, i);

	switch (m->kind)
	{
		case DN_MOVE_DAYS:
		case DN_MOVE_WEEKS:
		case DN_MOVE_MONTHS:
			if (i > 0)
				dn_put(out, "+ ");
			dn_put_int(out, m->n);
			dn_put(out, " ");
			dn_put(out, w->unit[m->kind][m->n == 1 ? 0 : 1]);
			break;
		case DN_MOVE_END:
			dn_put(out, w->end[m->n]);
			break;
		case DN_MOVE_NEXT:
			/* after an end of month a single day is of the following month unless told */
			dn_put(out, month_end && (m->n & (m->n - 1)) == 0 ? w->on_next : w->on);
			put_doms(out, w, (uint32_t) m->n);
			break;
		case DN_MOVE_FOLLOWING:
			if (m->n == 31 && !month_end)
			{
				dn_put(out, w->following_end);
				break;
			}
			dn_put(out, w->on);
			put_ordinal(out, w, m->n);
			if (!month_end)
				dn_put(out, w->of_following);
			break;
		case DN_MOVE_EVENT:
			dn_put(out, w->event[m->n]);
			break;
		default:
			dn_put(out, w->date);
			put_day(out, w, m->n);
			break;
	}
}

/* A day rule; a single advance of a due date is said to be net. */
static void
put_rule(DnOut *out, const Wording *w, const DnMove *move, int n, bool net)
{
	int			i;

	net = net && n == 1 && move[0].kind <= DN_MOVE_MONTHS;
	if (net)
		dn_put(out, w->net_before);
	if (net && w->canonical && move[0].kind == DN_MOVE_DAYS)
	{
		dn_put_int(out, move[0].n);
		return;
	}
	for (i = 0; i < n; i++)
	{
		if (i > 0)
			dn_put(out, " ");
		put_move(out, w, move, i);
	}
	if (net)
	{
		dn_put(out, w->net_after);
		if (w->ordinal == ORDINAL_FR && move[0].n > 1)
			dn_put(out, "s");
	}
}

static void
put_percent(DnOut *out, const Wording *w, int64_t percent)
{
	put_decimal(out, w, percent, DN_PERCENT_SCALE, 0);
	dn_put(out, w->percent);
}

/* What stands between a share and its rule. */
static void
put_link(DnOut *out, const char *to_number, const DnMove *move)
{
	dn_put(out, move->kind <= DN_MOVE_MONTHS && to_number[0] != '\0' ? to_number : " ");
}

static void
put_terms(DnOut *out, const Wording *w, const DnTerms *t)
{
	bool		parts = t->n_parts > 1;
	int			i;

	for (i = 0; i < t->n_discounts; i++)
	{
		const DnDiscount *d = &t->discount[i];

		dn_put(out, w->discount_before);
		put_percent(out, w, d->percent);
		if (d->has_base)
		{
			dn_put(out, w->of_base);
			put_decimal(out, w, d->base, DN_FEE_SCALE, d->base % 100 == 0 ? 2 : 4);
		}
		if (parts || !w->canonical)
			dn_put(out, w->discount_after);
		put_link(out, d->has_base && w->canonical ? " within " : w->within, t->move + d->first);
		put_rule(out, w, t->move + d->first, d->n, false);
		dn_put(out, parts ? w->part_separator : ", ");
	}
	for (i = 0; i < t->n_parts; i++)
	{
		const DnPart *p = &t->part[i];

		if (i > 0)
			dn_put(out, w->part_separator);
		if (parts)
		{
			switch (p->share)
			{
				case DN_SHARE_PERCENT:
					put_percent(out, w, p->value);
					break;
				case DN_SHARE_REMAINDER:
					put_percent(out, w, p->value);
					dn_put(out, w->of_remainder);
					break;
				case DN_SHARE_AMOUNT:
					if (p->currency[0] == '\0')
						dn_put(out, w->amount);
					put_decimal(out, w, p->value, DN_FEE_SCALE, p->value % 100 == 0 ? 2 : 4);
					if (p->currency[0] != '\0')
					{
						dn_put(out, " ");
						dn_put(out, p->currency);
					}
					break;
				default:
					dn_put(out, w->balance);
					break;
			}
			put_link(out, w->at, t->move + p->first);
		}
		put_rule(out, w, t->move + p->first, p->n, true);
	}
	if (t->shift != DN_SHIFT_NONE)
	{
		dn_put(out, w->option_separator);
		dn_put(out, w->shift[t->shift - 1]);
	}
	if (t->tax != DN_TAX_EARLY)
	{
		dn_put(out, w->option_separator);
		dn_put(out, w->tax[t->tax - 1]);
	}
}

void
dn_print_terms(DnOut *out, const void *terms)
{
	put_terms(out, &canonical, terms);
}

void
dn_print_rule_of(DnOut *out, const void *value)
{
	const DnRuleOf *r = value;

	put_rule(out, &canonical, r->terms->move + r->first, r->n, false);
}

/* The terms for people, in UTF-8. */
void
dn_describe_terms(DnOut *out, const void *value)
{
	const DnDescribed *d = value;

	put_terms(out, &wording[d->language], d->terms);
}

/* Whether a rule is a number of days, after the end of the month or not. */
static bool
short_days(const DnMove *m, int n, bool eom)
{
	if (eom)
		return n == 2 && m[0].kind == DN_MOVE_END && m[0].n == DN_PERIOD_MONTH && m[1].kind == DN_MOVE_DAYS;
	return n == 1 && m[0].kind == DN_MOVE_DAYS;
}

/* 2/10 net 30, net 30 EOM; false where the terms cannot be said so. */
bool
dn_print_short(DnOut *out, const DnTerms *t)
{
	const DnMove *m = t->move + t->part[0].first;
	int			n = t->part[0].n;
	bool		eom = short_days(m, n, true);
	int			i;

	if (t->n_parts != 1 || t->shift != DN_SHIFT_NONE || t->tax != DN_TAX_EARLY)
		return false;
	for (i = 0; i < t->n_discounts; i++)
	{
		const DnDiscount *d = &t->discount[i];

		if (d->has_base || !short_days(t->move + d->first, d->n, eom))
			return false;
		dn_put_decimal(out, d->percent, DN_PERCENT_SCALE, 0);
		dn_put(out, "/");
		dn_put_int(out, t->move[d->first + d->n - 1].n);
		dn_put(out, t->n_discounts == 1 && (eom || m->kind == DN_MOVE_DAYS) ? " " : ", ");
	}
	if (eom || short_days(m, n, false))
	{
		dn_put(out, "net ");
		dn_put_int(out, m[n - 1].n);
		if (eom)
			dn_put(out, " EOM");
	}
	else if (n == 1 && m->kind == DN_MOVE_EVENT && m->n == DN_EVENT_RECEIPT)
		dn_put(out, "due on receipt");
	else if (n == 1 && m->kind == DN_MOVE_END && m->n == DN_PERIOD_MONTH)
		dn_put(out, "EOM");
	else if (n == 1 && m->kind == DN_MOVE_FOLLOWING)
	{
		put_ordinal(out, &canonical, m->n);
		dn_put(out, " prox");
	}
	else
		return false;
	return true;
}

/* One line a discount; false without any, or where it cannot be said so. */
bool
dn_print_xrechnung(DnOut *out, const DnTerms *t)
{
	int			i;

	if (t->shift != DN_SHIFT_NONE || t->tax != DN_TAX_EARLY)
		return false;
	for (i = 0; i < t->n_discounts; i++)
	{
		const DnDiscount *d = &t->discount[i];
		int32_t		days;

		if (!dn_plain_days(t, d->first, d->n, &days) || d->percent % (DN_PERCENT_UNIT / 100) != 0 ||
			d->base % (DN_FEE_UNIT / 100) != 0)
			return false;
		dn_put(out, i == 0 ? "#SKONTO#TAGE=" : "\n#SKONTO#TAGE=");
		dn_put_int(out, days);
		dn_put(out, "#PROZENT=");
		dn_put_decimal(out, d->percent, DN_PERCENT_SCALE, 2);
		dn_put(out, "#");
		if (d->has_base)
		{
			dn_put(out, "BASISBETRAG=");
			dn_put_decimal(out, d->base, DN_FEE_SCALE, 2);
			dn_put(out, "#");
		}
	}
	return t->n_discounts > 0;
}
