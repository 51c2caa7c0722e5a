/*
 * core/late_fee.h: the late fees of a penalty rule, by periods of lateness.
 *
 *   late fee   fee what when { [,] detail }
 *   what       AMOUNT CURRENCY
 *              PERCENT % [of the open amount | of the original amount]
 *   when       each started | full [N] day[s] | week[s] | month[s] | year[s]
 *              once
 *   detail     after N [days]
 *              compounded
 *              at most N time[s]
 *              at most AMOUNT CURRENCY | PERCENT %
 *              if professional
 *
 *   fee 15.00 USD each started month; fee 12.50 EUR each started month
 *   fee 1% each full 30 days compounded at most 12 times
 *   fee 5% of the original amount once after 5 at most 250.00 USD
 *
 * The periods of a fee count from the due date + N days of "after", or else from
 * the end of the grace days.  Period k ends k times its length after that day, and
 * begins on the day after the end of the period before: a month after 31 January
 * ends on the last day of February, the next one on 31 March.  The fee of a started
 * period arises on its first day, the one of a full period on its last day.
 *
 * A fee with a currency is one of debts in that currency, a fee without one of all
 * debts.  Where the currency of a debt is not known, the currency that the fees of
 * the rule name first stands for it.
 */
#ifndef DN_LATE_FEE_H
#define DN_LATE_FEE_H

#include "days.h"
#include "text.h"

#define DN_LATE_FEES_MAX 16		/* of a rule */
#define DN_LATE_FEE_AFTER_MAX 3650	/* days */
#define DN_LATE_FEE_EVERY_MAX 366	/* days, weeks, months or years of a period */
#define DN_LATE_FEE_TIMES_MAX 10000
#define DN_LATE_FEE_PERIODS_MAX 10000	/* of one debt and fee */
#define DN_LATE_FEE_GRACE (-1)	/* in the place of "after" */

typedef enum DnFeeUnit
{
	DN_FEE_ONCE,
	DN_FEE_DAYS,
	DN_FEE_WEEKS,
	DN_FEE_MONTHS,
	DN_FEE_YEARS
} DnFeeUnit;

typedef struct DnLateFee
{
	int64_t		amount;			/* 10^-4 of the currency; 0: a percentage */
	int64_t		percent;		/* 10^-6 percent */
	int64_t		most;			/* of all its periods, 10^-4 of the currency; 0: no limit */
	int64_t		most_percent;	/* the same in 10^-6 percent of the original amount */
	int16_t		after;			/* days after the due date, or DN_LATE_FEE_GRACE */
	uint16_t	every;			/* units of a period; 0: once */
	uint16_t	times;			/* periods at most; 0: no limit */
	uint8_t		unit;
	uint8_t		full;			/* of periods that are complete, not of those that have begun */
	uint8_t		of_original;	/* a percentage of the original amount, not of the open one */
	uint8_t		compounded;		/* on unpaid late fees, too */
	uint8_t		professional;	/* of professional debtors only */
	char		currency[4];	/* or empty */
	uint8_t		zero;
} DnLateFee;

/* One of the two things that happen in a period. */
typedef struct DnFeeEvent
{
	int			fee;			/* which one of the rule */
	int32_t		period;			/* from 1 */
	int32_t		from;			/* first day of the period */
	int32_t		to;				/* last day; DN_DAY_NEVER if the fee comes once */
	int32_t		day;			/* on which the event comes */
	bool		charges;		/* the fee arises; otherwise the period begins, before that day's fees */
} DnFeeEvent;

/* Where the fees of one debt have got to. */
typedef struct DnFees
{
	const DnLateFee *fee;
	int			n;
	int32_t		anchor[DN_LATE_FEES_MAX];	/* day from which the periods count; DN_DAY_NEVER: no more of them */
	DnFeeEvent	next[DN_LATE_FEES_MAX];
} DnFees;

extern bool dn_scan_late_fee(DnScan *s, DnLateFee *fee);
extern bool dn_late_fee_valid(const DnLateFee *fee);
extern void dn_print_late_fee(DnOut *out, const void *fee);

extern bool dn_late_fee_applies(const DnLateFee *fee, int n, int i, const char *currency, bool professional);
extern bool dn_late_fees_too_many(const DnLateFee *fee, int n, int32_t grace, int32_t due_on, int32_t as_of);
extern void dn_fees_begin(DnFees *fees, const DnLateFee *fee, int n, int32_t grace, int32_t due_on,
						  const char *currency, bool professional);
extern bool dn_fees_next(DnFees *fees, int32_t upto, DnFeeEvent *event);

#endif
