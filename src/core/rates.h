/*
 * core/rates.h: annual rates over time.
 *
 * A rate history is a step function: rate[i] holds from the day from[i] to the
 * day before from[i + 1], the last one to "until".  Rates are signed; a base
 * rate below zero is one.  A rate in between may be unknown: nobody has stated
 * it, and no rate around it stands for it.
 */
#ifndef DN_RATES_H
#define DN_RATES_H

#include "invariant.h"
#include "text.h"

#define DN_RATE_SCALE 6			/* decimals of a rate in percent */
#define DN_RATE_UNIT INT64_C(1000000)
#define DN_RATE_MAX 1000		/* percent a year, either sign */
#define DN_PERCENT_MAX 1000		/* of an amount */
#define DN_RATES_MAX 1000		/* changes in a history */
#define DN_SERIES_MAX 63		/* bytes of a series' name */
#define DN_RATE_UNKNOWN INT64_MIN	/* in the place of a rate; never the first or last one */

/*
 * Which day of its series a rate is of, to say which one is missing: by period,
 * whose months are in the lower bits (0: a half-year), that of its first day or
 * of the day before.
 */
#define DN_BY_MONTHS 0x0F
#define DN_BY_DAY_BEFORE 0x10
#define DN_HAS_UNKNOWN 0x20		/* a rate in between is unknown */

/* A history, wherever its arrays stand. */
typedef struct DnRates
{
	int32_t		n;
	int32_t		until;			/* last day known; DN_DAY_NEVER: no end */
	uint8_t		shape;			/* of the bits above */
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

/* What became of a history that was computed from others. */
typedef enum DnRatesStatus
{
	DN_RATES_OK,
	DN_RATES_RANGE,				/* a rate beyond DN_RATE_MAX */
	DN_RATES_FINE,				/* a rate with more than DN_RATE_SCALE decimals */
	DN_RATES_FULL,				/* more than DN_RATES_MAX rates */
	DN_RATES_NO_DAY,			/* there is no day for which it would hold */
	DN_RATES_DATE				/* an end after the last year of a literal */
} DnRatesStatus;

/* The day of or before a period whose rate is that of the whole period. */
typedef enum DnSampleDay
{
	DN_SAMPLE_FIRST = 0,		/* its first day */
	DN_SAMPLE_BEFORE = 1		/* the day before that one */
} DnSampleDay;

extern bool dn_scan_rates(DnScan *s, DnRatesRoom *room, DnRates *rates);
extern bool dn_scan_rate(DnScan *s, int64_t *rate);
extern bool dn_scan_percent(DnScan *s, int64_t *units);
extern bool dn_parse_rates(const char *text, size_t len, DnRatesRoom *room,
						   DnRates *rates, DnError *err);
extern void dn_print_rates(DnOut *out, const void *rates);

extern bool dn_rates_shape_valid(int shape);
extern bool dn_rates_valid(const DnRates *rates);
extern int32_t dn_rates_wanted(const DnRates *rates, int32_t day);
extern bool dn_rate_on(const DnRates *rates, int32_t day, int64_t *rate);
extern bool dn_rates_cover(const DnRates *rates, int32_t after, int32_t upto, int32_t *missing);

/*
 * Histories from histories.  All of them take dated histories, write the days
 * and rates into the room, which must not be the one of an argument, and leave
 * *out pointing to it and to the name of an argument.  Neighbours of equal rate
 * are merged.  Unless the status is DN_RATES_OK, *out must not be read.
 */
extern DnRatesStatus dn_rates_add(const DnRates *r, int64_t addend,
								  DnRatesRoom *room, DnRates *out);
extern DnRatesStatus dn_rates_multiply(const DnRates *r, int64_t factor,
									   DnRatesRoom *room, DnRates *out);
extern DnRatesStatus dn_rates_round_up(const DnRates *r, int64_t step,
									   DnRatesRoom *room, DnRates *out);
extern bool dn_sample_period(const char *text, size_t len, int *months);
extern bool dn_sample_day(const char *text, size_t len, DnSampleDay *which);
extern DnRatesStatus dn_rates_sample(const DnRates *r, int months, DnSampleDay which,
									 DnRatesRoom *room, DnRates *out);
extern DnRatesStatus dn_rates_greatest(const DnRates *a, const DnRates *b,
									   DnRatesRoom *room, DnRates *out);
extern DnRatesStatus dn_rates_restrict(const DnRates *r, int32_t first, int32_t last,
									   DnRatesRoom *room, DnRates *out);

/*
 * The last of the first n days that is not after a day, which is not before the
 * first.  Due dates come in any order, and a branch on them would be guessed
 * wrong half of the time; so there is none.
 */
static inline int
dn_step_of(const int32_t *from, int n, int32_t day)
{
	const int32_t *base = from;

	while (n > 1)
	{
		int			half = n / 2;

		base += base[half] <= day ? half : 0;
		n -= half;
	}
	return (int) (base - from);
}

/* The step of a history that holds on a day which is not before from[0]. */
static inline int
dn_rates_step(const DnRates *rates, int32_t day)
{
	return dn_step_of(rates->from, rates->n, day);
}

#endif
