/*
 * number.h: numerics as exact numbers, and as scaled integers where they fit.
 *
 * Nearly every amount of an accounting table has at most four decimals and
 * fits an int64 as ten-thousandths; such amounts are read straight from the
 * stored digits.  Everything else goes the long way through numeric's own
 * functions, with the same result.
 *
 * Every scaled integer becomes a numeric by dunning_wide_numeric, which writes
 * the stored digits.
 *
 * Sums and products of numerics are exact as long as they stay below 16383
 * decimals; a quotient is kept as two numerics and rounded only here.
 */
#ifndef DUNNING_NUMBER_H
#define DUNNING_NUMBER_H

#include "compat.h"

#include "core/invariant.h"
#include "core/text.h"
#include "core/wide.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#define DUNNING_MONEY_SCALE DN_BASE_DECIMALS	/* decimals of the scaled integers */

/* The header of a stored numeric. */
#define NUMERIC_SIGN_MASK 0xC000
#define NUMERIC_NEGATIVE 0x4000
#define NUMERIC_LONG_SCALE_MASK 0x3FFF
#define NUMERIC_SHORT 0x8000
#define NUMERIC_SHORT_NEGATIVE 0x2000
#define NUMERIC_SHORT_SCALE_MASK 0x1F80
#define NUMERIC_SHORT_SCALE_SHIFT 7
#define NUMERIC_SHORT_SCALE_MAX 63
#define NUMERIC_SHORT_WEIGHT_SIGN 0x0040
#define NUMERIC_SHORT_WEIGHT_MASK 0x003F

extern Numeric dunning_wide_numeric(DnWide units, int scale);
extern Numeric dunning_shown_numeric(DnWide units, int scale, int dscale);
extern Numeric dunning_money_numeric(DnWide units, int dscale);
extern Numeric dunning_least_numeric(int64 units, int scale, int least);

extern Numeric dunning_quotient(Numeric numerator, Numeric divisor, int decimals, bool half_even);
extern Numeric dunning_without_dust(Numeric a);
extern char *dunning_number_text(Numeric a);
extern bool dunning_scan_number(DnScan *s, struct Node *escontext, Numeric *number);

/* units of 10^-scale with scale decimals */
static inline Numeric
dunning_scaled_numeric(int64 units, int scale)
{
	return dunning_wide_numeric(units, scale);
}

/* units of 10^-scale with two decimals, or more where it has more */
static inline Numeric
dunning_short_numeric(int64 units, int scale)
{
	return dunning_least_numeric(units, scale, 2);
}

static inline Numeric
number_add(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_add, NumericGetDatum(a), NumericGetDatum(b)));
}

static inline Numeric
number_sub(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_sub, NumericGetDatum(a), NumericGetDatum(b)));
}

static inline Numeric
number_mul(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_mul, NumericGetDatum(a), NumericGetDatum(b)));
}

static inline Numeric
number_neg(Numeric a)
{
	return DatumGetNumeric(DirectFunctionCall1(numeric_uminus, NumericGetDatum(a)));
}

static inline Numeric
number_abs(Numeric a)
{
	return DatumGetNumeric(DirectFunctionCall1(numeric_abs, NumericGetDatum(a)));
}

/* A NaN counts as above all. */
static inline int
number_cmp(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a), NumericGetDatum(b)));
}

/* -1, 0 or 1 */
static inline int
number_sign(Numeric a)
{
	return number_cmp(a, int64_to_numeric(0));
}

/* A number rounded half away from zero to so many decimals. */
static inline Numeric
number_round(Numeric a, int decimals)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_round, NumericGetDatum(a), Int32GetDatum(decimals)));
}

static inline Numeric
number_min(Numeric a, Numeric b)
{
	return number_cmp(a, b) <= 0 ? a : b;
}

static inline bool
number_finite(Numeric a)
{
	return !numeric_is_nan(a) && !numeric_is_inf(a);
}

/* The decimals with which a number is shown; NaN and the infinities have none. */
static inline int
number_dscale(Numeric a)
{
	return number_finite(a) ? DatumGetInt32(DirectFunctionCall1(numeric_scale, NumericGetDatum(a))) : 0;
}

/* A number with dscale decimals, or more where it has more. */
static inline Numeric
number_show(Numeric a, int dscale)
{
	return number_add(a, int64_div_fast_to_numeric(0, dscale));
}

/* The decimals with which the packed or plain varlena of a numeric is shown; 0 of what is not finite. */
static inline int
dunning_packed_dscale(const struct varlena *packed)
{
	uint16		header;

	memcpy(&header, VARDATA_ANY(packed), sizeof(header));
	if ((header & NUMERIC_SIGN_MASK) == NUMERIC_SIGN_MASK)
		return 0;
	return header & NUMERIC_SHORT ? (header & NUMERIC_SHORT_SCALE_MASK) >> NUMERIC_SHORT_SCALE_SHIFT
		: header & NUMERIC_LONG_SCALE_MASK;
}

/* Whether the packed or plain varlena of a numeric is 0: it has no digits. */
static inline bool
dunning_packed_is_zero(const struct varlena *packed)
{
	uint16		header;

	memcpy(&header, VARDATA_ANY(packed), sizeof(header));
	if ((header & NUMERIC_SIGN_MASK) == NUMERIC_SIGN_MASK)
		return false;
	return VARSIZE_ANY_EXHDR(packed) == (header & NUMERIC_SHORT ? 1 : 2) * sizeof(uint16);
}

/*
 * Reads the packed or plain varlena of a numeric into ten-thousandths and its
 * display scale.  False if it does not fit: NaN, an infinity, more than four
 * decimals, or beyond 9 * 10^14.
 */
static inline bool
dunning_money_read(const struct varlena *packed, int64 *units, int *dscale)
{
	const char *p = VARDATA_ANY(packed);
	int			left = (int) VARSIZE_ANY_EXHDR(packed);
	uint16		header;
	int			weight;
	bool		negative;
	int			n;
	int			i;
	int64		v = 0;

	memcpy(&header, p, sizeof(header));
	if ((header & NUMERIC_SIGN_MASK) == NUMERIC_SIGN_MASK)
		return false;			/* NaN and the infinities */
	if (header & NUMERIC_SHORT)
	{
		negative = (header & NUMERIC_SHORT_NEGATIVE) != 0;
		*dscale = (header & NUMERIC_SHORT_SCALE_MASK) >> NUMERIC_SHORT_SCALE_SHIFT;
		weight = (header & NUMERIC_SHORT_WEIGHT_MASK) -
			(header & NUMERIC_SHORT_WEIGHT_SIGN ? NUMERIC_SHORT_WEIGHT_SIGN : 0);
		p += sizeof(uint16);
		left -= (int) sizeof(uint16);
	}
	else
	{
		int16		w;

		memcpy(&w, p + sizeof(uint16), sizeof(w));
		negative = (header & NUMERIC_SIGN_MASK) == NUMERIC_NEGATIVE;
		*dscale = header & NUMERIC_LONG_SCALE_MASK;
		weight = w;
		p += 2 * sizeof(uint16);
		left -= (int) (2 * sizeof(uint16));
	}
	if (*dscale > DUNNING_MONEY_SCALE)
		return false;
	n = left / (int) sizeof(int16);
	if (n == 0)
	{
		*units = 0;
		return true;
	}

	/* the digit of weight -1 is the last one that counts */
	if (n > weight + 2)
		return false;
	for (i = 0; i <= weight + 1; i++)
	{
		int16		d = 0;

		if (i < n)
			memcpy(&d, p + i * sizeof(int16), sizeof(d));
		if (v > (PG_INT64_MAX - (DN_BASE - 1)) / DN_BASE)
			return false;
		v = v * DN_BASE + d;
	}
	*units = negative ? -v : v;
	return true;
}

#endif
