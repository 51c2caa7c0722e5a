/*
 * core/penalty.h: annual rates over time, and what a late payment costs by a rule.
 *
 * A rate history is a step function: rate[i] holds from the day from[i] to the
 * day before from[i + 1], the last one to "until".  cum[i] is the sum of the
 * rates of all days from from[1] to the day before from[i], so that the sum
 * over any period is the difference of two points, whatever the number of
 * changes in between.
 */
#ifndef DN_PENALTY_H
#define DN_PENALTY_H

#include "text.h"

#define DN_RATE_SCALE 6			/* decimals of a rate in percent */
#define DN_RATE_UNIT INT64_C(1000000)
#define DN_RATE_MAX 1000		/* percent a year, either sign */
#define DN_RATES_MAX 1000		/* changes in a history */
#define DN_SERIES_MAX 63		/* bytes of a series' name */
#define DN_GRACE_MAX 3650		/* days */
#define DN_DECIMALS_DEFAULT 2
#define DN_DECIMALS_MAX 4

/* interest = amount * sum of daily rates / (365 days * 100 percent * units) */
#define DN_ACT365_DIVISOR (INT64_C(365) * 100 * DN_RATE_UNIT)

/* A history, wherever its arrays stand. */
typedef struct DnRates
{
	int32_t		n;
	int32_t		until;			/* last day known; DN_DAY_NEVER: no end */
	const int32_t *from;		/* from[0] is DN_DAY_EVER for a constant rate */
	const int64_t *rate;		/* 10^-6 percent a year */
	const int64_t *cum;
	const char *name;			/* of the series; not terminated */
	size_t		name_len;
} DnRates;

typedef struct DnRule
{
	DnRates		rates;
	int64_t		compensation;	/* 10^-4 of the currency, 0: none */
	char		currency[4];	/* of the compensation, or empty */
	int32_t		grace;			/* days after the due date that cost nothing */
	int32_t		decimals;		/* to which interest is rounded */
} DnRule;

/* Room for the arrays of a history that is being read from a text. */
typedef struct DnRatesRoom
{
	int32_t		from[DN_RATES_MAX];
	int64_t		rate[DN_RATES_MAX];
	int64_t		cum[DN_RATES_MAX];
} DnRatesRoom;

/* What a rule says of a debt on a day. */
typedef enum DnLate
{
	DN_LATE_NOT,				/* not late, or within the grace days */
	DN_LATE_YES,
	DN_LATE_NO_RATE,			/* late, but a day has no rate */
	DN_LATE_ENDLESS				/* late by an infinite number of days */
} DnLate;

extern bool dn_parse_rates(const char *text, size_t len, DnRatesRoom *room,
						   DnRates *rates, DnError *err);
extern bool dn_parse_rule(const char *text, size_t len, DnRatesRoom *room,
						  DnRule *rule, DnError *err);
extern void dn_print_rates(DnOut *out, const void *rates);
extern void dn_print_rule(DnOut *out, const void *rule);

extern bool dn_rate_on(const DnRates *rates, int32_t day, int64_t *rate);
extern bool dn_rates_sum(const DnRates *rates, int32_t after, int32_t upto,
						 int64_t *sum, int32_t *missing);
extern DnLate dn_late(const DnRule *rule, int32_t due_on, int32_t as_of,
					  int64_t *sum, int32_t *missing);
extern bool dn_interest(int64_t amount, int64_t sum, int decimals, int64_t *out);

#endif
