/*
 * core/terms.h: payment terms: parts, early-payment discounts, and the day
 * rules of both.
 *
 *   net 30
 *   45 days end of month on the 10th; following business day
 *   2% 10 days, net 30
 *   30% on order; balance net 60
 *
 * A day rule is a sequence of moves from the day of issue.  terms_words.c has
 * the words of each language, terms_parse.c reads texts, terms.c computes days
 * and amounts, terms_print.c writes texts.
 */
#ifndef DN_TERMS_H
#define DN_TERMS_H

#include "calendar.h"
#include "people.h"
#include "text.h"

#define DN_PARTS_MAX 60
#define DN_DISCOUNTS_MAX 8
#define DN_MOVES_MAX 4			/* of one day rule */
#define DN_TERM_DAYS_MAX 36500
#define DN_TERM_WEEKS_MAX 5200
#define DN_TERM_MONTHS_MAX 1200
#define DN_PERCENT_SCALE 6
#define DN_PERCENT_UNIT INT64_C(1000000)
#define DN_PERCENT_WHOLE (100 * DN_PERCENT_UNIT)
#define DN_DEPOSIT_LEAST (10 * DN_PERCENT_UNIT)	/* a share that is due at once is no discount */
#define DN_SPLIT_DECIMALS_MAX 4	/* of the amounts that dn_split can round to */

typedef enum DnMoveKind
{
	DN_MOVE_DAYS,				/* n days later */
	DN_MOVE_WEEKS,
	DN_MOVE_MONTHS,				/* same day n months later, or the last of that month */
	DN_MOVE_BUSINESS,			/* the n-th business day after */
	DN_MOVE_END,				/* the last day of the period n, a DnPeriod */
	DN_MOVE_NEXT,				/* the next day of the month that is in the mask n, today counts */
	DN_MOVE_FOLLOWING,			/* day n of the following month */
	DN_MOVE_EVENT,				/* the day of issue itself, told as the event n, a DnEvent */
	DN_MOVE_DATE				/* the day n */
} DnMoveKind;

typedef enum DnPeriod
{
	DN_PERIOD_WEEK,
	DN_PERIOD_TEN_DAYS,			/* to the 10th, the 20th and the end of the month */
	DN_PERIOD_HALF_MONTH,		/* to the 15th and the end of the month */
	DN_PERIOD_MONTH,
	DN_PERIOD_QUARTER,
	DN_PERIOD_YEAR,
	DN_PERIODS
} DnPeriod;

typedef enum DnEvent
{
	DN_EVENT_RECEIPT,
	DN_EVENT_ORDER,
	DN_EVENT_DELIVERY,
	DN_EVENTS
} DnEvent;

typedef struct DnMove
{
	uint8_t		kind;
	uint8_t		zero[3];
	int32_t		n;
} DnMove;

typedef enum DnShare
{
	DN_SHARE_PERCENT,			/* of the amount */
	DN_SHARE_REMAINDER,			/* percent of what the parts before leave */
	DN_SHARE_AMOUNT,			/* at most what the parts before leave */
	DN_SHARE_BALANCE,
	DN_SHARE_FRACTION			/* of the amount: 1/3, which no percentage is */
} DnShare;

typedef struct DnPart
{
	int64_t		value;			/* 10^-6 percent, 10^-4 of an amount, or dn_fraction */
	uint16_t	first;			/* its moves */
	uint8_t		n;
	uint8_t		share;
	char		currency[4];	/* of an amount, or empty */
} DnPart;

typedef struct DnDiscount
{
	int64_t		base;			/* 10^-4 of the amount that it is a percentage of, if has_base */
	int32_t		percent;		/* 10^-6 percent */
	uint16_t	first;
	uint8_t		n;
	uint8_t		has_base;		/* otherwise it is one of the whole amount */
} DnDiscount;

/* The fraction n/of as the value of a part. */
#define DN_FRACTION_UNIT 100

static inline int64_t
dn_fraction(int32_t n, int32_t of)
{
	return (int64_t) n * DN_FRACTION_UNIT + of;
}

/* The first decimals of a fraction, in 10^-6 percent. */
static inline int64_t
dn_fraction_percent(int64_t fraction)
{
	return DN_PERCENT_WHOLE * (fraction / DN_FRACTION_UNIT) / (fraction % DN_FRACTION_UNIT);
}

/* What early payment does to the tax. */
typedef enum DnTax
{
	DN_TAX_EARLY,				/* reduced with the price: the discount is on the whole amount */
	DN_TAX_ALWAYS,				/* invoiced reduced already: the discount is on the amount without tax */
	DN_TAX_NEVER				/* not reduced: the discount is on the amount without tax */
} DnTax;

typedef struct DnTerms
{
	int			n_parts;
	int			n_discounts;
	int			n_moves;
	DnShift		shift;
	DnTax		tax;
	const DnPart *part;
	const DnDiscount *discount;
	const DnMove *move;
} DnTerms;

#define DN_MOVES_ROOM ((DN_PARTS_MAX + DN_DISCOUNTS_MAX) * DN_MOVES_MAX)

/* Room for the parts of terms that are being read from a text. */
typedef struct DnTermsRoom
{
	DnPart		part[DN_PARTS_MAX];
	DnDiscount	discount[DN_DISCOUNTS_MAX];
	DnMove		move[DN_MOVES_ROOM];
} DnTermsRoom;

/* What dn_describe_terms prints. */
typedef struct DnDescribed
{
	const DnTerms *terms;
	DnLanguage	language;
} DnDescribed;

/* One day rule of given terms, as dn_print_rule_of prints it. */
typedef struct DnRuleOf
{
	const DnTerms *terms;
	uint16_t	first;
	uint8_t		n;
} DnRuleOf;

extern bool dn_parse_terms(const char *text, size_t len, DnTermsRoom *room,
						   DnTerms *terms, DnError *err);
extern bool dn_terms_valid(const DnTerms *terms);
extern void dn_print_terms(DnOut *out, const void *terms);
extern void dn_print_rule_of(DnOut *out, const void *rule_of);
extern void dn_describe_terms(DnOut *out, const void *described);
extern bool dn_print_short(DnOut *out, const DnTerms *terms);
extern bool dn_print_xrechnung(DnOut *out, const DnTerms *terms);

extern DnDayStatus dn_rule_day(const DnTerms *t, int first, int n, const DnCalendar *c,
							   int32_t issued_on, int32_t *out);
extern DnDayStatus dn_due_date(const DnTerms *t, const DnCalendar *c, int32_t issued_on, int32_t *out);
extern bool dn_split(const DnTerms *t, int64_t amount, int decimals, int64_t *parts);
extern bool dn_ratio_of(int64_t amount, int64_t n, int64_t of, int decimals, int64_t *out);
extern bool dn_shares(const DnTerms *t, int64_t *share);
extern int	dn_late_discount(const DnTerms *t);
extern bool dn_plain_days(const DnTerms *t, int first, int n, int32_t *days);

/* Whether the days depend on which are business days. */
static inline bool
dn_uses_calendar(const DnTerms *t)
{
	bool		uses = t->shift != DN_SHIFT_NONE;
	int			i;

	for (i = 0; i < t->n_moves; i++)
		uses |= t->move[i].kind == DN_MOVE_BUSINESS;
	return uses;
}

#endif
