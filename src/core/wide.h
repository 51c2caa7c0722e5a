/*
 * core/wide.h: integers of 128 bits, for sums and products of amounts.
 *
 * An amount is a whole number of units of 10^-scale.
 */
#ifndef DN_WIDE_H
#define DN_WIDE_H

#include "invariant.h"
#include "text.h"

__extension__ typedef __int128 DnWide;
__extension__ typedef unsigned __int128 DnUWide;

/* The same where memory is aligned to no more than 8 bytes. */
typedef DnWide DnWide8 __attribute__((aligned(8)));

#define DN_WIDE_POWER_MAX 38	/* 10^38 < 2^127 */

/* Digits of base 10000, in which the server stores a numeric. */
#define DN_BASE 10000
#define DN_BASE_DECIMALS 4		/* decimals of one digit */
#define DN_BASE_DIGITS_MAX 11	/* of a DnWide: 2^127 < 10^39, and the point may divide a digit */

static inline DnUWide
dn_magnitude(DnWide v)
{
	return v < 0 ? -(DnUWide) v : (DnUWide) v;
}

static inline bool
dn_fits_int64(DnWide v)
{
	return v >= INT64_MIN && v <= INT64_MAX;
}

/* 10^n for n up to DN_WIDE_POWER_MAX */
static inline DnWide
dn_power(int n)
{
	DnWide		p = 1;

	dn_assert(n >= 0 && n <= DN_WIDE_POWER_MAX);
	while (n-- > 0)
		p *= 10;
	return p;
}

/* numerator / divisor, both in range of their doubles, rounded; divisor is above 0 and even */
static inline DnWide
dn_round_quotient(DnWide numerator, DnWide divisor, bool half_even)
{
	DnWide		q = numerator / divisor;
	DnWide		rest = numerator % divisor;
	DnWide		half = divisor / 2;

	dn_assert(divisor > 0 && divisor % 2 == 0);
	if (rest < 0)
		rest = -rest;
	if (rest > half || (rest == half && (!half_even || q % 2 != 0)))
		q += numerator < 0 ? -1 : 1;
	return q;
}

/*
 * An ERP that computes in binary fractions leaves dust: 854.1700000000001.  No
 * currency has a unit finer than 10^-4 (ISO 4217), and no book keeps more than
 * eight decimals; what a double leaves of an amount below 10^9 is less than
 * 10^-6.  So an amount that is nearer than 10^-6 to a multiple of 10^-4 is that
 * multiple, and any other one is as it was kept.
 */
#define DN_UNIT_DECIMALS 4
#define DN_DUST_DECIMALS 6

/* units of 10^-scale without dust */
static inline DnWide
dn_without_dust(DnWide units, int scale)
{
	DnWide		unit;
	DnWide		near;

	if (scale <= DN_DUST_DECIMALS)
		return units;
	unit = dn_power(scale - DN_UNIT_DECIMALS);
	near = dn_round_quotient(units, unit, false) * unit;
	return (units < near ? near - units : units - near) < dn_power(scale - DN_DUST_DECIMALS) ? near : units;
}

extern int	dn_base_digits(DnWide units, int scale, int16_t digit[DN_BASE_DIGITS_MAX], int *weight);
extern void dn_put_amount(DnOut *out, DnWide units, int scale, int dscale);

#endif
