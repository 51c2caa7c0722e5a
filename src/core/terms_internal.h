/*
 * core/terms_internal.h: what the files of payment terms share: the words of
 * each language.
 */
#ifndef DN_TERMS_INTERNAL_H
#define DN_TERMS_INTERNAL_H

#include "terms.h"

/* What words are read as. */
typedef enum DnWords
{
	DN_WORDS_UNIT,				/* a DnMoveKind of days, weeks, months or business days */
	DN_WORDS_NUMBER,			/* a number of days in words */
	DN_WORDS_SPAN,				/* a number of days that has a name of its own */
	DN_WORDS_MONTH,				/* the name of a month */
	DN_WORDS_EITHER_ORDER,		/* of a language that writes the day or the month first; 1: of others, too */
	DN_WORDS_PERIOD_END,		/* a DnPeriod, or one of those below */
	DN_WORDS_AFTER,				/* between a number of days and the day they count from; 1: later than that */
	DN_WORDS_BEFORE,			/* the same before it, which has no day */
	DN_WORDS_ISSUE,				/* the day of issue, as such a day */
	DN_WORDS_THEN,				/* between two steps of a rule */
	DN_WORDS_PLUS,				/* "+" in words */
	DN_WORDS_FOLLOWING_END,		/* the end of the following month; 1: "following" may belong to what is said next */
	DN_WORDS_EVENT,				/* a DnEvent, or one of those below */
	DN_WORDS_EVENT_NOUN,		/* the same after the words of DN_WORDS_AFTER */
	DN_WORDS_LEAD,				/* before a day rule, without a meaning; 1, net: a number alone is one of days; DN_LEAD_... */
	DN_WORDS_TAIL,				/* after a day rule, without a meaning; 1: net, the rule ends */
	DN_WORDS_ARTICLE,			/* of a law, before its number */
	DN_WORDS_MEANS,				/* of payment, before a rule or after it */
	DN_WORDS_ON,				/* before a day of the month; 1: the next one */
	DN_WORDS_OR,				/* between days of the month */
	DN_WORDS_THE,				/* after that */
	DN_WORDS_LAST_DAY,			/* the last day of the month */
	DN_WORDS_ORDINAL,			/* after the number of a day of the month */
	DN_WORDS_OF_MONTH,			/* after a day of the month; 1: of the following one; DN_MONTH_PLUS */
	DN_WORDS_BALANCE,
	DN_WORDS_FRACTION,			/* a share in words: the number by which the whole is divided */
	DN_WORDS_TIMES,				/* equal parts, after their number or with it */
	DN_WORDS_DUE,				/* what is to be paid by when; 1: none that stands between two steps of a rule */
	DN_WORDS_LATE,				/* a clause with these says what a late payer owes */
	DN_WORDS_LESS,				/* between a rule and the percentage of its discount */
	DN_WORDS_OF_REMAINDER,		/* after a percentage */
	DN_WORDS_OF_BASE,			/* between a percentage and an amount */
	DN_WORDS_DISCOUNT,			/* after that amount */
	DN_WORDS_SHARE,				/* before or after a percentage; 0: a discount, 1: a deposit, 2: any share */
	DN_WORDS_AMOUNT,
	DN_WORDS_PERCENT,
	DN_WORDS_CONJUNCTION,		/* between clauses; 1: or, 2: otherwise */
	DN_WORDS_SHIFT,				/* a DnShift */
	DN_WORDS_TAX,				/* a DnTax */
	DN_WORDS_KINDS
} DnWords;

#define DN_PERIOD_EOM DN_PERIODS	/* the abbreviation, which trade reads its own way */
#define DN_PERIOD_ISSUE (DN_PERIODS + 1)	/* the month of issue, which days before it do not change */
#define DN_PERIOD_M (DN_PERIODS + 2)	/* fin M+1 */
#define DN_EVENT_ADVANCE DN_EVENTS	/* on order, and days before it are no days after */
#define DN_EVENT_SPOT (DN_EVENTS + 1)	/* the same on delivery */
#define DN_LEAD_PLUS 2			/* J+30 */
#define DN_LEAD_NUMBER 3		/* before a number alone */
#define DN_LEAD_INVOICE 4		/* the invoice itself, whose date a date after it may be */
#define DN_LEAD_IF 5			/* if paid: what is off, and no part that is due */
#define DN_LEAD_AFTER 6			/* after: before a number alone, which ends no discount */
#define DN_MONTH_PLUS 2			/* 10 M+1 */

/*
 * Words that are read, in lower case and without accents: a pattern with
 * "|" between alternatives, "()" round some of them and "[]" round what may be
 * left out.  A blank stands for blanks, hyphens, apostrophes and full stops.
 */
typedef struct DnPhrase
{
	const char *text;			/* NULL ends a list */
	int			value;
} DnPhrase;

/* The words that terms are written with. */
typedef struct DnWording
{
	DnLanguage	language;		/* that of the numbers and days */
	bool		canonical;		/* the text form of the type */
	/* from here on words only */
	const char *unit[4][2];		/* one, several */
	const char *net_before;
	const char *net_after[2];	/* after one, after several */
	const char *then;			/* between days and the end of a period */
	const char *end[DN_PERIODS];
	const char *following_end;
	const char *event[DN_EVENTS];
	const char *on;
	const char *on_next;
	const char *or_on;
	const char *of_following;
	const char *date;
	const char *of_remainder;
	const char *of_total;		/* after a share that could be taken for a discount */
	const char *of_base;
	const char *amount;
	const char *balance;
	const char *discount_before;
	const char *discount_after;
	const char *within;			/* between a discount and a number */
	const char *within_of_base;	/* the same after an amount */
	const char *at;				/* between a share and a number */
	const char *part_separator;
	const char *option_separator;
	const char *shift[3];
	const char *tax[2];
} DnWording;

/* A language: what is read and what is written. */
typedef struct DnTermsWords
{
	const DnPhrase *read[DN_WORDS_KINDS];	/* NULL: nothing */
	DnWording	write;
} DnTermsWords;

extern const DnTermsWords *const dn_terms_words[DN_LANGUAGES];
extern const DnWording dn_terms_canonical;

/* Whether an end of month is among the first n moves of a rule. */
extern bool dn_after_month_end(const DnMove *move, int n);

#endif
