/*
 * core/rates.h: annual rates over time.
 *
 * A rate history is a step function: rate[i] holds from the day from[i] to the
 * day before from[i + 1], the last one to "until".  Rates are signed; a base
 * rate below zero is one.
 */
#ifndef DN_RATES_H
#define DN_RATES_H

#include "text.h"

#define DN_RATE_SCALE 6			/* decimals of a rate in percent */
#define DN_RATE_UNIT INT64_C(1000000)
#define DN_RATE_MAX 1000		/* percent a year, either sign */
#define DN_RATES_MAX 1000		/* changes in a history */
#define DN_SERIES_MAX 63		/* bytes of a series' name */

/* A history, wherever its arrays stand. */
typedef struct DnRates
{
	int32_t		n;
	int32_t		until;			/* last day known; DN_DAY_NEVER: no end */
	const int32_t *from;		/* from[0] is DN_DAY_EVER for a constant rate */
	const int64_t *rate;		/* 10^-6 percent a year */
	const char *name;			/* of the series; not terminated */
	size_t		name_len;
} DnRates;

/* Room for the arrays of a history that is being read from a text or made. */
typedef struct DnRatesRoom
{
	int32_t		from[DN_RATES_MAX];
	int64_t		rate[DN_RATES_MAX];
} DnRatesRoom;

extern bool dn_scan_rates(DnScan *s, DnRatesRoom *room, DnRates *rates);
extern bool dn_scan_rate(DnScan *s, int64_t *rate);
extern bool dn_parse_rates(const char *text, size_t len, DnRatesRoom *room,
						   DnRates *rates, DnError *err);
extern void dn_print_rates(DnOut *out, const void *rates);

extern int	dn_rates_step(const DnRates *rates, int32_t day);
extern bool dn_rate_on(const DnRates *rates, int32_t day, int64_t *rate);
extern bool dn_rates_cover(const DnRates *rates, int32_t after, int32_t upto, int32_t *missing);

#endif
