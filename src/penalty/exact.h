/*
 * penalty/exact.h: numerics as exact numbers.
 *
 * Sums and products of numerics are exact as long as they stay below 16383
 * decimals; a quotient is kept as two numerics and rounded only here.
 */
#ifndef DUNNING_PENALTY_EXACT_H
#define DUNNING_PENALTY_EXACT_H

#include "compat.h"

#include "core/interest.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

static inline Numeric
exact_add(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_add, NumericGetDatum(a), NumericGetDatum(b)));
}

static inline Numeric
exact_sub(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_sub, NumericGetDatum(a), NumericGetDatum(b)));
}

static inline Numeric
exact_mul(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_mul, NumericGetDatum(a), NumericGetDatum(b)));
}

static inline Numeric
exact_neg(Numeric a)
{
	return DatumGetNumeric(DirectFunctionCall1(numeric_uminus, NumericGetDatum(a)));
}

static inline int
exact_cmp(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a), NumericGetDatum(b)));
}

static inline Numeric
exact_min(Numeric a, Numeric b)
{
	return exact_cmp(a, b) <= 0 ? a : b;
}

extern int	exact_sign(Numeric a);
extern Numeric exact_abs(Numeric a);
extern bool exact_finite(Numeric a);
extern Numeric exact_integer(DnInt128 units, int scale);
extern Numeric exact_fee(int64 units, int least);
extern Numeric exact_quotient(Numeric numerator, Numeric divisor, int decimals, bool half_even);

#endif
