/*
 * core/terms_parse.c: payment terms read from a text: its clauses and options,
 * and which clauses are parts and which are discounts.
 */
#include "terms_parse.h"

#include <string.h>

static const char *const separator_what = "a day rule, \",\", \";\" or the end was expected";
static const char *const discounts_what = "payment terms have at most " DN_STR(DN_DISCOUNTS_MAX) " discounts";
static const char *const choice_what = "one rule was expected, not a choice";
static const char *const late_what = "a discount that never ends after the due date was expected";

/* What the terms say besides their clauses; *found if one of those stands here. */
static bool
scan_option(Parser *ps, bool *found)
{
	DnScan	   *s = &ps->s;
	const char *begin;
	bool		again = false;
	int			value;

	dn_blanks(s);
	begin = s->p;
	*found = true;
	if (dn_phrase(s, DN_WORDS_SHIFT, &value))
	{
		again = ps->has_shift;
		ps->has_shift = true;
		ps->shift = (DnShift) value;
	}
	else if (dn_phrase(s, DN_WORDS_TAX, &value))
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

/* Whether a clause ends here: a comma that is not one of a number, a semicolon, a line, a sentence. */
static bool
clause_ends(const DnScan *s, bool comma)
{
	if (s->p == s->end || *s->p == ';' || *s->p == '|' || *s->p == '\n')
		return true;
	if (*s->p == ',')
		return comma && !dn_digit_at(s, s->p + 1);
	return *s->p == '.' && (s->p + 1 == s->end || s->p[1] == ' ' || s->p[1] == '\n' || s->p[1] == '\r');
}

/* Goes past a word or a number, or else past one character, and past the spaces after it. */
static void
next_word(DnScan *s)
{
	const char *begin = s->p;

	while (s->p < s->end && (dn_letter(s, &s->p) != '\0' || dn_digit_at(s, s->p)))
		s->p += dn_digit_at(s, s->p);
	s->p += s->p == begin;
	while (s->p < s->end && *s->p == ' ')
		s->p++;
}

/*
 * Goes to the end of the clause or of the line if nothing up to there says a
 * day or a share; a clause says no number either.
 */
static bool
skip_free(DnScan *s, bool line)
{
	static const DnWords terms[] = {DN_WORDS_PERIOD_END, DN_WORDS_FOLLOWING_END, DN_WORDS_LAST_DAY, DN_WORDS_EVENT,
	DN_WORDS_SHARE, DN_WORDS_BALANCE, DN_WORDS_PERCENT, DN_WORDS_DUE};
	DnScan		ahead = *s;
	size_t		i;

	while (line ? ahead.p < ahead.end && *ahead.p != '\n' : !clause_ends(&ahead, true))
	{
		const char *begin = ahead.p;
		int64_t		ignored;
		bool		fits;

		if (*ahead.p == '%' || dn_at_date(&ahead) || dn_at_local_date(&ahead) || (!line && dn_at_number(&ahead)))
			return false;
		for (i = 0; i < sizeof(terms) / sizeof(terms[0]); i++)
			if (dn_at(&ahead, terms[i]))
				return false;
		if (dn_digit_at(&ahead, ahead.p) && dn_number(&ahead, 0, INT64_MAX / 100, &ignored, &fits) && dn_at(&ahead, DN_WORDS_UNIT))
			return false;
		ahead.p = begin;
		next_word(&ahead);
	}
	s->p = ahead.p;
	return true;
}

/*
 * Goes past a clause that says what a late payer owes, and past the clauses of
 * its sentence that say neither a day nor a share.
 */
static bool
skip_late(DnScan *s)
{
	DnScan		ahead = *s;
	bool		late = false;

	for (; !clause_ends(&ahead, true); next_word(&ahead))
		late |= dn_at(&ahead, DN_WORDS_LATE);
	if (!late)
		return false;
	s->p = ahead.p;
	while (dn_take(&ahead, ',') && skip_free(&ahead, false))
		s->p = ahead.p;
	return true;
}

/* A clause or an option, or what is no part of the terms: means of payment, late fees. */
static bool
scan_item(Parser *ps)
{
	Clause	   *c;
	bool		found;
	DnScan		ahead;

	if (!scan_option(ps, &found))
		return false;
	if (found || skip_late(&ps->s))
		return true;
	if (!dn_add_clause(ps, ps->s.p, CLAUSE_PLAIN, 0))
		return false;
	ahead = ps->s;
	if (ps->n > 0 && dn_skip_tails(ps) && dn_at_separator(&ps->s))
		return true;
	ps->s = ahead;
	ps->eom = false;
	ps->after = false;
	if (!dn_scan_clause(ps, &ps->clause[ps->n]))
		return false;
	c = &ps->clause[ps->n];
	c->eom = ps->eom;
	c->after = ps->after;
	c->joined = ps->joined;
	c->choice = ps->choice;
	ps->n++;
	/* "or" leaves a choice to pay early, before the due date or after it */
	return c->choice != CHOICE_OR || c->kind == CLAUSE_DISCOUNT || (ps->n > 1 && c[-1].kind == CLAUSE_DISCOUNT) ||
		dn_fail_at(&ps->s, c->at, DN_SYNTAX, choice_what);
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
bool
dn_at_percent(const DnScan *here)
{
	DnScan		s = *here;
	int64_t		ignored;
	bool		fits;

	return dn_number(&s, DN_PERCENT_SCALE, DN_PERCENT_WHOLE, &ignored, &fits) && (dn_take(&s, '%') || dn_at(&s, DN_WORDS_PERCENT));
}

/* A dash between blanks, or a longer one, or a point in the middle of the line. */
static bool
take_dash(DnScan *s)
{
	dn_blanks(s);
	if (dn_bytes_at(s, s->p, "\xC2\xB7", 2))
	{
		s->p += 2;
		return true;
	}
	if (dn_bytes_at(s, s->p, "\xE2\x80\x93", 3) || dn_bytes_at(s, s->p, "\xE2\x80\x94", 3))
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
	if (s->p > s->start && dn_digit_at(s, s->p - 1) && s->p < s->end && dn_digit_at(s, s->p + 1))
		return false;
	return dn_take(s, '/');
}

/* "with" before a discount or a deposit: net 30 with 2% discount within 10 days. */
static bool
take_with(DnScan *s)
{
	DnScan		ahead = *s;

	if (!dn_skip(&ahead, DN_WORDS_LESS) || !(dn_at_percent(&ahead) || dn_at(&ahead, DN_WORDS_SHARE)))
		return false;
	s->p = ahead.p;
	return true;
}

/* What stands between two of them; nothing, where the second cannot be mistaken. */
static bool
scan_separator(Parser *ps)
{
	DnScan	   *s = &ps->s;
	const Clause *c = &ps->clause[ps->n > 0 ? ps->n - 1 : 0];
	bool		taken = dn_take(s, ',') || dn_take(s, ';') || dn_take(s, '|') || dn_take(s, '&') || take_dash(s) || take_slash(s) || take_with(s);
	int			value = 0;

	ps->joined = !taken && !after_end(s);
	ps->choice = 0;
	if (dn_phrase(s, DN_WORDS_CONJUNCTION, &value))
	{
		ps->joined = false;
		ps->choice = value;
		dn_blanks(s);
		/* what was cut off */
		return s->p < s->end || dn_fail(s, DN_SYNTAX, "a day rule was expected after this word");
	}
	return taken || dn_peek(s, '#') || after_end(s) || dn_at_fraction(ps) || dn_at_net_number(s) ||
		dn_at(s, DN_WORDS_SHIFT) || dn_at(s, DN_WORDS_TAIL) || dn_at(s, DN_WORDS_BALANCE) || dn_at(s, DN_WORDS_SHARE) || dn_at_percent(s) ||
		((ps->closed || c->kind == CLAUSE_DISCOUNT) && dn_at_number(s)) || dn_fail(s, DN_SYNTAX, separator_what);
}

/* Another line of the German form, such as #VERZUG#TAGE=14#PROZENT=9.00#. */
static bool
skip_other_line(Parser *ps)
{
	DnScan		s = ps->s;

	if (!ps->xrechnung || !dn_char(&s, '#') || dn_words(&s, "skonto"))
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

		dn_blanks(s);
		while (skip_other_line(ps))
			dn_blanks(s);
		if (s->p == s->end)
			return ps->n > 0 || dn_fail(s, DN_SYNTAX, DN_RULE_WHAT);
		memcpy(&saved, ps, offsetof(Parser, clause));
		good = scan_item(ps);
		if (!good && ps->xrechnung && skip_free(&saved.s, true))
		{
			memcpy(ps, &saved, offsetof(Parser, clause));
			continue;
		}
		dn_blanks(s);
		while (good && skip_other_line(ps))
			dn_blanks(s);
		if (!good || s->p == s->end)
			return good;
		saved.s = *s;
		if (scan_separator(ps))
			continue;
		if (!ps->xrechnung || !after_end(&saved.s) || !skip_free(&saved.s, true))
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
		return dn_fail_at(s, c->at, DN_LIMIT, DN_PARTS_WHAT);
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
		if (!dn_check_percent(s, c->at, c, true))
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

/* A deposit that is said after the rule of the whole amount comes before it: net 30, 50% deposit. */
static void
deposits_first(Parser *ps)
{
	int			i;

	for (i = 1; i < ps->n; i++)
	{
		const Clause c = ps->clause[i];

		if (c.kind != CLAUSE_PART || ps->room->move[c.first].kind != DN_MOVE_EVENT || ps->clause[i - 1].kind != CLAUSE_PLAIN)
			continue;
		ps->clause[i] = ps->clause[i - 1];
		ps->clause[i - 1] = c;
	}
}

/* Whether a share before the balance is so small that it may be meant as a discount: 10 days 2%, balance 30 days. */
static bool
may_be_discount(const Parser *ps, const Clause *c)
{
	const DnMove *m = &ps->room->move[c->first];

	return c->kind == CLAUSE_PERCENT && c->value < DN_DEPOSIT_LEAST && !c->of_total &&
		(m->kind != DN_MOVE_EVENT || m->n == DN_EVENT_RECEIPT);
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
	deposits_first(ps);
	for (i = 0; i < ps->n; i++)
		t.plain |= ps->clause[i].kind == CLAUSE_PLAIN;
	for (i = 0; i < ps->n; i++)
		if (!count_clause(ps, &ps->clause[i], &t))
			return false;
	/* only an early payment leaves a choice */
	for (i = 1; i < ps->n; i++)
		if (ps->clause[i].choice == CHOICE_OTHERWISE && ps->clause[i - 1].kind != CLAUSE_DISCOUNT)
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
	for (i = 0; i < ps->n; i++)
		if (ps->clause[i].if_paid && ps->clause[i].kind != CLAUSE_DISCOUNT && ps->clause[i].kind != CLAUSE_PLAIN)
			return dn_fail_at(s, ps->clause[i].at, DN_SYNTAX, "a part is due whether it is paid or not: write \"discount\" for what is off if it is paid early");
	for (i = 0; i < ps->n; i++)
		if (ps->clause[i].after && ps->clause[i].kind == CLAUSE_DISCOUNT)
			return dn_fail_at(s, ps->clause[i].at, DN_SYNTAX, "a discount ends with a day: write \"2% within 10 days\"");
	if (t.last->kind == CLAUSE_REMAINDER && t.last->value == DN_PERCENT_WHOLE)
		t.last->kind = CLAUSE_BALANCE;
	for (i = 0; i < ps->n && t.last->kind == CLAUSE_BALANCE; i++)
		if (may_be_discount(ps, &ps->clause[i]))
			return dn_fail_at(s, ps->clause[i].at, DN_SYNTAX,
							  "a part or a discount was expected: write \"2% of the total\" for a part, or \"2% discount 10 days, net 30\"");
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
	p->share = c->kind == CLAUSE_PERCENT || c->kind == CLAUSE_PART ? (c->fraction != 0 ? DN_SHARE_FRACTION : DN_SHARE_PERCENT) :
		c->kind == CLAUSE_REMAINDER ? DN_SHARE_REMAINDER :
		c->kind == CLAUSE_AMOUNT ? DN_SHARE_AMOUNT : DN_SHARE_BALANCE;
	p->value = p->share == DN_SHARE_BALANCE ? 0 : p->share == DN_SHARE_FRACTION ? c->fraction : c->value;
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

	for (i = 0; i < ps->n; i++)
		if (ps->clause[i].kind == CLAUSE_DISCOUNT && ps->no_discount != NULL && ps->clause[i].at >= ps->no_discount)
			return dn_fail_at(&ps->s, ps->clause[i].at, DN_SYNTAX, "no discount was expected after words that there is none");
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

		if (*s.p == '#' && dn_char(&ahead, '#') && dn_words(&ahead, "skonto") && dn_char(&ahead, '#'))
			return true;
	}
	return false;
}

/* Whether the fractions of the text add up to the whole: 1/3 three times, or 1/3 and 2/3, not 2/10 or 04/05/2026. */
static bool
has_fractions(const DnScan *from)
{
	DnScan		s = *from;
	int			sixtieths = 0;
	int			count = 0;

	/* most texts have none */
	if (memchr(s.p, '/', (size_t) (s.end - s.p)) == NULL)
		return false;
	while (s.p < s.end)
	{
		int32_t		n;
		int32_t		of;

		if (!dn_digit_at(&s, s.p))
		{
			s.p++;
			continue;
		}
		if (dn_quotient(&s, &n, &of) && (s.p == s.end || *s.p != '/') && 60 * n % of == 0)
		{
			sixtieths += 60 * n / of;
			count++;
		}
		/* past a number, a date, or what is left of one */
		while (s.p < s.end && (dn_digit_at(&s, s.p) || strchr("/.,-", *s.p) != NULL))
			s.p++;
	}
	return count > 1 && sixtieths == 60;
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
	ps.fractions = has_fractions(&ps.s);
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
