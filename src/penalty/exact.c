/* penalty/exact.c: see exact.h */
#include "penalty/exact.h"

#include "money.h"

/* -1, 0 or 1; a NaN counts as above all */
int
exact_sign(Numeric a)
{
	return exact_cmp(a, int64_to_numeric(0));
}

Numeric
exact_abs(Numeric a)
{
	return DatumGetNumeric(DirectFunctionCall1(numeric_abs, NumericGetDatum(a)));
}

bool
exact_finite(Numeric a)
{
	return !numeric_is_nan(a) && !numeric_is_inf(a);
}

/* units of 10^-scale, shown with so many decimals */
Numeric
exact_integer(DnInt128 units, int scale)
{
	if (units >= PG_INT64_MIN && units <= PG_INT64_MAX)
		return int64_div_fast_to_numeric((int64) units, scale);
	if (scale >= DUNNING_MONEY_SCALE)
		return dunning_wide_numeric(units, scale);
	return exact_mul(exact_mul(dunning_wide_numeric(units, DUNNING_MONEY_SCALE),
							   int64_to_numeric(DUNNING_MONEY_UNIT)),
					 int64_div_fast_to_numeric(1, scale));
}

/* An amount of a rule (10^-4) with at least so many decimals. */
Numeric
exact_fee(int64 units, int least)
{
	int			scale = DN_FEE_SCALE;

	for (; scale > least && units % 10 == 0; scale--)
		units /= 10;
	return int64_div_fast_to_numeric(units, scale);
}

/*
 * numerator / divisor rounded to so many decimals, half away from zero or to
 * the even neighbour; the divisor is a whole number above 0.  What is not
 * finite comes back as it is.
 */
Numeric
exact_quotient(Numeric numerator, Numeric divisor, int decimals, bool half_even)
{
	const Numeric one = int64_to_numeric(1);
	const Numeric two = int64_to_numeric(2);
	bool		negative;
	int64		unit = 1;
	Numeric		v;
	Numeric		q;
	int			side;
	int			i;

	if (!exact_finite(numerator))
		return numerator;
	for (i = 0; i < decimals; i++)
		unit *= 10;
	negative = exact_sign(numerator) < 0;
	v = exact_mul(exact_abs(numerator), int64_to_numeric(unit));
	q = DatumGetNumeric(DirectFunctionCall2(numeric_div_trunc, NumericGetDatum(v), NumericGetDatum(divisor)));
	side = exact_cmp(exact_mul(two, exact_sub(v, exact_mul(q, divisor))), divisor);
	if (side == 0 && half_even)
		side = exact_sign(DatumGetNumeric(DirectFunctionCall2(numeric_mod, NumericGetDatum(q), NumericGetDatum(two)))) == 0 ? -1 : 1;
	if (side >= 0)
		q = exact_add(q, one);
	q = exact_mul(q, int64_div_fast_to_numeric(1, decimals));
	return negative ? exact_neg(q) : q;
}
