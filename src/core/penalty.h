/*
 * core/penalty.h: the rule of what a late payment costs, and its text form.
 *
 * Beside its rate history a rule carries cum[i], the sum of rate times weight
 * of all days from from[1] to the day before from[i], so that the sum over any
 * period is the difference of two points, whatever the day count and the
 * number of changes in between.
 *
 * A rate is at most 10^9 units of 10^-6 percent, a day weighs at most 366, and
 * the years 0001 to 9999 have 3,652,059 days: |cum[i]| and every sum stay below
 * 1.4 * 10^18, which an int64 holds six times.
 */
#ifndef DN_PENALTY_H
#define DN_PENALTY_H

#include "daycount.h"
#include "late_fee.h"
#include "rates.h"

#define DN_GRACE_MAX 3650		/* days */
#define DN_DECIMALS_DEFAULT 2
#define DN_DECIMALS_MAX 4
#define DN_EVERY_MAX 366		/* days between two compoundings */
#define DN_STOP_MAX 36500		/* days, months or years of interest */
#define DN_COMPOUNDINGS_MAX 1200	/* of one debt */
#define DN_BANDS_MAX 20			/* of a compensation */

typedef enum DnCompounding
{
	DN_SIMPLE,
	DN_COMPOUND_YEARLY,
	DN_COMPOUND_MONTHLY,
	DN_COMPOUND_DAYS
} DnCompounding;

typedef enum DnRounding
{
	DN_ROUND_ONCE,
	DN_ROUND_SEGMENT,
	DN_ROUND_DAY
} DnRounding;

/* What a payment extinguishes first; the others follow in the order below. */
typedef enum DnPayments
{
	DN_PAY_PRINCIPAL,			/* principal, interest, costs */
	DN_PAY_INTEREST,			/* interest, principal, costs */
	DN_PAY_COSTS				/* costs, interest, principal */
} DnPayments;

/* For how long after the due date interest runs at most. */
typedef enum DnStop
{
	DN_STOP_NEVER,
	DN_STOP_DAYS,
	DN_STOP_MONTHS,
	DN_STOP_YEARS
} DnStop;

/*
 * The compensation of a debt: sum [+ percent] up to a limit, above it the next
 * band.  The percentage is of what the debt has above the limit before.  A band
 * without a sum starts from what the band before comes to at its limit.
 */
typedef struct DnBand
{
	int64_t		sum;			/* 10^-4 of the currency */
	int64_t		percent;		/* 10^-6 percent, 0: none */
	int64_t		limit;			/* 10^-4 of the currency, 0: none, the last band */
	uint8_t		has_sum;
	uint8_t		inclusive;		/* "to" the limit, not "below" it */
	uint8_t		zero[6];
} DnBand;

/* Everything of a rule but its rates; amounts are in 10^-4, 0 is none. */
typedef struct DnClauses
{
	int64_t		least;			/* interest below it is not charged */
	int64_t		most;			/* nor above it */
	int64_t		most_percent;	/* 10^-6 percent of the debt */
	int64_t		comp_least;
	int64_t		comp_most;
	int32_t		grace;			/* days after the due date that cost nothing */
	char		currency[4];	/* of the compensation, or empty */
	uint16_t	every;			/* days, of DN_COMPOUND_DAYS */
	uint8_t		fixed;			/* the rate of the first day holds for good */
	uint8_t		day_count;
	uint8_t		compounding;
	uint8_t		rounding;
	uint8_t		half_even;
	uint8_t		decimals;
	uint8_t		payments;
	uint8_t		professional;	/* compensation of professional debtors only */
	uint8_t		n_bands;
	uint8_t		stop_unit;
	uint16_t	stop;			/* of these units interest runs at most */
	uint8_t		decimals_said;	/* else they are those of the currency, where it is known */
	uint8_t		n_fees;			/* late fees */
} DnClauses;

/* A rule, wherever its parts stand. */
typedef struct DnRule
{
	DnRates		rates;
	const int64_t *cum;
	const DnClauses *terms;
	const DnBand *band;
	const DnLateFee *fee;
} DnRule;

/* Room for the parts of a rule that is being read from a text. */
typedef struct DnRuleRoom
{
	DnRatesRoom rates;
	int64_t		cum[DN_RATES_MAX];
	DnClauses		terms;
	DnBand		band[DN_BANDS_MAX];
	DnLateFee	fee[DN_LATE_FEES_MAX];
} DnRuleRoom;

extern bool dn_parse_rule(const char *text, size_t len, DnRuleRoom *room,
						  DnRule *rule, DnError *err);
extern bool dn_parse_clauses(const char *text, size_t len, const DnRule *base,
						   DnRuleRoom *room, DnRule *rule, DnError *err);
extern bool dn_clauses_valid(const DnClauses *terms);
extern bool dn_rule_valid(const DnRule *rule);
extern bool dn_is_bare_name(const char *text, size_t len);
extern void dn_print_rule(DnOut *out, const void *rule);
extern void dn_print_scale(DnOut *out, const void *rule);
extern void dn_print_late_fees(DnOut *out, const void *rule);
extern void dn_print_end(DnOut *out, const void *clauses);

#endif
