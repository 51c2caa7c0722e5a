/*
 * core/terms_parse.h: what the files that read payment terms share.
 *
 * terms_scan.c finds words and numbers, terms_rule.c reads day rules,
 * terms_clause.c reads shares with their rules, terms_parse.c puts them
 * together.
 */
#ifndef DN_TERMS_PARSE_H
#define DN_TERMS_PARSE_H

#include "terms_internal.h"

#define DN_RULE_WHAT \
	"a day rule such as \"net 30\", \"45 days end of month\" or \"on the 15th\" was expected"
#define DN_DAYS_WHAT \
	"a number of days from 0 to " DN_STR(DN_TERM_DAYS_MAX) " was expected"
#define DN_PARTS_WHAT \
	"payment terms have at most " DN_STR(DN_PARTS_MAX) " parts"

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
	bool		if_paid;		/* 2% if paid within 10 days */
	bool		eom;			/* its days are said with EOM */
	bool		joined;			/* no separator stands before it */
	bool		after;			/* 2% after 10 days */
	bool		of_total;		/* 2% of the total */
	int64_t		fraction;		/* dn_fraction of a part that is no percentage, or 0 */
	int			choice;			/* CHOICE_OR or CHOICE_OTHERWISE if that stands before it */
	char		currency[4];
} Clause;

/* As DN_WORDS_CONJUNCTION says. */
#define CHOICE_OR 1
#define CHOICE_OTHERWISE 2

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
	bool		if_paid;		/* the rule said so */
	bool		closed;			/* the rule said "net": a number after it is of the next */
	const char *no_discount;	/* after the words that there is none; NULL: they were not said */
	bool		eom;			/* it said N EOM */
	bool		inexact;		/* shares may add up to a little less than the whole */
	bool		fractions;		/* those of the text add up to the whole: 1/3 is no discount */
	bool		after;			/* a number of the clause stands after that word */
	bool		joined;			/* no separator stands before the next clause */
	int			choice;			/* what of those stands there */
	DnShift		shift;
	DnTax		tax;
	Clause		clause[CLAUSES_MAX];
} Parser;

/* The moves of the rule that is being read. */
typedef struct Rule
{
	DnMove		move[DN_MOVES_MAX];
	int			n;
	bool		zero;			/* an advance by nothing was left out */
} Rule;

/* terms_scan.c */
extern bool dn_digit_at(const DnScan *s, const char *p);
extern char dn_any_letter(const DnScan *s, const char **p);
extern bool dn_bytes_at(const DnScan *s, const char *p, const char *bytes, size_t len);
extern void dn_blanks(DnScan *s);
extern bool dn_take(DnScan *s, char c);
extern bool dn_words(DnScan *s, const char *text);
extern bool dn_phrase(DnScan *s, DnWords kind, int *value);
extern bool dn_skip(DnScan *s, DnWords kind);
extern bool dn_at(const DnScan *s, DnWords kind);
extern bool dn_number(DnScan *s, int scale, int64_t max, int64_t *out, bool *fits);
extern bool dn_thousands(DnScan *s, const char *begin);

/*
 * The letter at *p as lower-case ASCII, '\0' if there is none; goes past it
 * and past combining accents.
 */
static inline char
dn_letter(const DnScan *s, const char **p)
{
	const char *at = *p;

	if (at >= s->end || (unsigned char) *at < 'A')
		return '\0';
	if (*at < 'a' || *at > 'z' || (at + 1 < s->end && (unsigned char) at[1] == 0xCC))
		return dn_any_letter(s, p);
	*p = at + 1;
	return *at;
}

/* terms_rule.c */
extern bool dn_add_move(DnScan *s, const char *at, Rule *r, DnMoveKind kind, int32_t n);
extern bool dn_at_date(const DnScan *s);
extern bool dn_at_local_date(const DnScan *s);
extern bool dn_scan_unit(Parser *ps, Rule *r, int32_t n, const char *begin);
extern bool dn_at_number(DnScan *s);
extern bool dn_at_net_number(const DnScan *here);
extern bool dn_at_fraction(const Parser *ps);
extern bool dn_skip_tails(Parser *ps);
extern void dn_keep_rule(Parser *ps, Rule *r, Clause *c);
extern bool dn_skip_lead(DnScan *s, int *value);
extern bool dn_scan_steps(Parser *ps, Rule *r, bool whole);
extern bool dn_scan_rule(Parser *ps, Clause *c, bool bare);

/* terms_clause.c */
extern bool dn_quotient(DnScan *s, int32_t *n, int32_t *of);
extern bool dn_check_percent(DnScan *s, const char *at, const Clause *c, bool fits);
extern bool dn_at_separator(const DnScan *here);
extern bool dn_add_clause(Parser *ps, const char *begin, ClauseKind kind, int64_t value);
extern bool dn_scan_clause(Parser *ps, Clause *c);

/* terms_parse.c */
extern bool dn_at_percent(const DnScan *here);

#endif
