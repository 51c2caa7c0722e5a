/* money.c: scaled integers back into numerics */
#include "money.h"

#include "common/int.h"
#include "utils/fmgrprotos.h"

/*
 * units of 10^-scale with scale decimals, as int64_div_fast_to_numeric has them.
 * Up to the four decimals of one digit of numeric's, and where ten-thousandths
 * fit, the stored form is written at once: it is the short one, without zeros at
 * either end.
 */
Numeric
dunning_scaled_numeric(int64 units, int scale)
{
	static const int64 tens[] = {1, 1000, 100, 10, 1};	/* to a whole digit */
	int64		shifted;
	uint64		left;
	int16		digits[6];		/* 2^63 < 10000^5 */
	int			first = lengthof(digits);
	int			last = lengthof(digits);
	int			weight = scale > 0 ? -2 : -1;
	Size		size;
	struct varlena *v;
	uint16		header;

	if (scale < 0 || scale > DUNNING_MONEY_SCALE ||
		pg_mul_s64_overflow(units, tens[scale], &shifted))
		return int64_div_fast_to_numeric(units, scale);
	left = shifted < 0 ? -(uint64) shifted : (uint64) shifted;
	for (; left > 0; left /= DUNNING_MONEY_UNIT)
	{
		digits[--first] = (int16) (left % DUNNING_MONEY_UNIT);
		weight++;
	}
	if (first == last)
		weight = 0;
	while (last > first && digits[last - 1] == 0)
		last--;

	header = (uint16) (DUNNING_NUMERIC_SHORT | (shifted < 0 ? DUNNING_NUMERIC_SHORT_NEGATIVE : 0) |
					   scale << DUNNING_NUMERIC_SHORT_SCALE | (weight & DUNNING_NUMERIC_SHORT_WEIGHT));
	size = VARHDRSZ + sizeof(header) + (last - first) * sizeof(int16);
	v = palloc(size);
	SET_VARSIZE(v, size);
	memcpy(VARDATA(v), &header, sizeof(header));
	memcpy(VARDATA(v) + sizeof(header), digits + first, (last - first) * sizeof(int16));
	return (Numeric) v;
}

/* units of ten-thousandths, shown with dscale decimals (0 to 4) and divisible */
Numeric
dunning_money_numeric(int64 units, int dscale)
{
	int			i;

	for (i = dscale; i < DUNNING_MONEY_SCALE; i++)
		units /= 10;
	return dunning_scaled_numeric(units, dscale);
}

/* units of 10^-scale with two decimals, or more where it has more */
Numeric
dunning_short_numeric(int64 units, int scale)
{
	for (; scale > 2 && units % 10 == 0; scale--)
		units /= 10;
	return dunning_scaled_numeric(units, scale);
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
		return dunning_scaled_numeric((int64) units, dscale);

	/* |units| < 2^127 < 10^36 * 171, so two chunks of 10^18 and a rest */
	high = NumericGetDatum(int64_to_numeric((int64) (units / chunk / chunk)));
	high = DirectFunctionCall2(numeric_mul, high, NumericGetDatum(int64_to_numeric(chunk)));
	high = DirectFunctionCall2(numeric_add, high,
							   NumericGetDatum(int64_to_numeric((int64) (units / chunk % chunk))));
	high = DirectFunctionCall2(numeric_mul, high,
							   NumericGetDatum(dunning_scaled_numeric(chunk, dscale)));
	low = NumericGetDatum(dunning_scaled_numeric((int64) (units % chunk), dscale));
	return DatumGetNumeric(DirectFunctionCall2(numeric_add, high, low));
}
