/*
 * core/penalty.h: what a late payment costs by a rule.
 *
 * Beside its rate history a rule carries cum[i], the sum of the rates of all
 * days from from[1] to the day before from[i], so that the sum over any period
 * is the difference of two points, whatever the number of changes in between.
 */
#ifndef DN_PENALTY_H
#define DN_PENALTY_H

#include "rates.h"

#define DN_GRACE_MAX 3650		/* days */
#define DN_DECIMALS_DEFAULT 2
#define DN_DECIMALS_MAX 4

/* interest = amount * sum of daily rates / (365 days * 100 percent * units) */
#define DN_ACT365_DIVISOR (INT64_C(365) * 100 * DN_RATE_UNIT)

typedef struct DnRule
{
	DnRates		rates;
	const int64_t *cum;
	int64_t		compensation;	/* 10^-4 of the currency, 0: none */
	char		currency[4];	/* of the compensation, or empty */
	int32_t		grace;			/* days after the due date that cost nothing */
	int32_t		decimals;		/* to which interest is rounded */
} DnRule;

/* Room for the arrays of a rule that is being read from a text. */
typedef struct DnRuleRoom
{
	DnRatesRoom rates;
	int64_t		cum[DN_RATES_MAX];
} DnRuleRoom;

/* What a rule says of a debt on a day. */
typedef enum DnLate
{
	DN_LATE_NOT,				/* not late, or within the grace days */
	DN_LATE_YES,
	DN_LATE_NO_RATE,			/* late, but a day has no rate */
	DN_LATE_ENDLESS				/* late by an infinite number of days */
} DnLate;

extern bool dn_parse_rule(const char *text, size_t len, DnRuleRoom *room,
						  DnRule *rule, DnError *err);
extern void dn_print_rule(DnOut *out, const void *rule);
extern bool dn_rule_sum(const DnRule *rule, int32_t after, int32_t upto,
						int64_t *sum, int32_t *missing);
extern DnLate dn_late(const DnRule *rule, int32_t due_on, int32_t as_of,
					  int64_t *sum, int32_t *missing);
extern bool dn_interest(int64_t amount, int64_t sum, int decimals, int64_t *out);

#endif
