/* money.c: scaled integers back into numerics */
#include "money.h"

#include "utils/fmgrprotos.h"

/* units of ten-thousandths, shown with dscale decimals (0 to 4) and divisible */
Numeric
dunning_money_numeric(int64 units, int dscale)
{
	int			i;

	for (i = dscale; i < DUNNING_MONEY_SCALE; i++)
		units /= 10;
	return int64_div_fast_to_numeric(units, dscale);
}

/* units of 10^-scale with two decimals, or more where it has more */
Numeric
dunning_short_numeric(int64 units, int scale)
{
	for (; scale > 2 && units % 10 == 0; scale--)
		units /= 10;
	return int64_div_fast_to_numeric(units, scale);
}

/* As dunning_money_numeric, for a sum that may have outgrown an int64. */
Numeric
dunning_wide_numeric(int128 units, int dscale)
{
	const int64 chunk = INT64CONST(1000000000000000000);	/* 10^18 */
	Datum		high;
	Datum		low;
	int			i;

	for (i = dscale; i < DUNNING_MONEY_SCALE; i++)
		units /= 10;
	if (units >= PG_INT64_MIN && units <= PG_INT64_MAX)
		return int64_div_fast_to_numeric((int64) units, dscale);

	/* |units| < 2^127 < 10^36 * 171, so two chunks of 10^18 and a rest */
	high = NumericGetDatum(int64_to_numeric((int64) (units / chunk / chunk)));
	high = DirectFunctionCall2(numeric_mul, high, NumericGetDatum(int64_to_numeric(chunk)));
	high = DirectFunctionCall2(numeric_add, high,
							   NumericGetDatum(int64_to_numeric((int64) (units / chunk % chunk))));
	high = DirectFunctionCall2(numeric_mul, high,
							   NumericGetDatum(int64_div_fast_to_numeric(chunk, dscale)));
	low = NumericGetDatum(int64_div_fast_to_numeric((int64) (units % chunk), dscale));
	return DatumGetNumeric(DirectFunctionCall2(numeric_add, high, low));
}
