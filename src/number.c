/* number.c: see number.h */
#include "number.h"

/*
 * units of 10^-scale with scale decimals.  The stored form is the short one of
 * numeric's, without zeros at either end.
 */
Numeric
dunning_wide_numeric(DnWide units, int scale)
{
	int16		digits[DN_BASE_DIGITS_MAX];
	int			weight;
	int			n;
	Size		size;
	struct varlena *v;
	uint16		header;

	dn_assert(scale >= 0 && scale <= NUMERIC_SHORT_SCALE_MAX);
	n = dn_base_digits(units, scale, digits, &weight);
	header = (uint16) (NUMERIC_SHORT | (units < 0 ? NUMERIC_SHORT_NEGATIVE : 0) |
					   scale << NUMERIC_SHORT_SCALE_SHIFT |
					   (weight & (NUMERIC_SHORT_WEIGHT_SIGN | NUMERIC_SHORT_WEIGHT_MASK)));
	size = VARHDRSZ + sizeof(header) + n * sizeof(int16);
	v = palloc(size);
	SET_VARSIZE(v, size);
	memcpy(VARDATA(v), &header, sizeof(header));
	memcpy(VARDATA(v) + sizeof(header), digits, n * sizeof(int16));
	return (Numeric) v;
}

/* units of 10^-scale with dscale decimals, which lose no digit */
Numeric
dunning_shown_numeric(DnWide units, int scale, int dscale)
{
	if (scale < dscale)
		return number_show(dunning_wide_numeric(units, scale), dscale);
	return dunning_wide_numeric(units / dn_power(scale - dscale), dscale);
}

/* Ten-thousandths with dscale decimals, four at most, which lose no digit. */
Numeric
dunning_money_numeric(DnWide units, int dscale)
{
	return dunning_shown_numeric(units, DUNNING_MONEY_SCALE, Min(dscale, DUNNING_MONEY_SCALE));
}

/* units of 10^-scale with the fewest decimals that are exact, but "least" of them at least */
Numeric
dunning_least_numeric(int64 units, int scale, int least)
{
	for (; scale > least && units % 10 == 0; scale--)
		units /= 10;
	return dunning_scaled_numeric(units, scale);
}

/*
 * numerator / divisor rounded to so many decimals, half away from zero or to
 * the even neighbour; the divisor is a whole number above 0.  What is not
 * finite comes back as it is.
 */
Numeric
dunning_quotient(Numeric numerator, Numeric divisor, int decimals, bool half_even)
{
	const Numeric one = int64_to_numeric(1);
	const Numeric two = int64_to_numeric(2);
	bool		negative;
	Numeric		v;
	Numeric		q;
	int			side;

	if (!number_finite(numerator))
		return numerator;
	negative = number_sign(numerator) < 0;
	v = number_mul(number_abs(numerator), dunning_wide_numeric(dn_power(decimals), 0));
	q = DatumGetNumeric(DirectFunctionCall2(numeric_div_trunc, NumericGetDatum(v), NumericGetDatum(divisor)));
	side = number_cmp(number_mul(two, number_sub(v, number_mul(q, divisor))), divisor);
	if (side == 0 && half_even)
		side = number_sign(DatumGetNumeric(DirectFunctionCall2(numeric_mod, NumericGetDatum(q),
															   NumericGetDatum(two)))) == 0 ? -1 : 1;
	if (side >= 0)
		q = number_add(q, one);
	q = number_mul(q, dunning_scaled_numeric(1, decimals));
	return negative ? number_neg(q) : q;
}

/* A number without dust, as dn_without_dust has it, shown with two decimals or more where it has more. */
Numeric
dunning_without_dust(Numeric a)
{
	Numeric		near;
	int64		units;
	int			dscale;

	if (number_dscale(a) <= DN_DUST_DECIMALS)
		return a;
	near = number_round(a, DN_UNIT_DECIMALS);
	if (number_cmp(number_abs(number_sub(a, near)), dunning_scaled_numeric(1, DN_DUST_DECIMALS)) >= 0)
		return a;
	return dunning_money_read((struct varlena *) near, &units, &dscale) ? dunning_short_numeric(units, DUNNING_MONEY_SCALE) : near;
}

char *
dunning_number_text(Numeric a)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(a)));
}

/*
 * A number up to the next mark of our grammar, as numeric reads it.  False
 * with the mistake in the scan, or with none there if numeric reported it to
 * the soft error context.
 */
bool
dunning_scan_number(DnScan *s, struct Node *escontext, Numeric *number)
{
	const char *begin;
	Datum		datum;

	dn_space(s);
	begin = s->p;
	while (s->p < s->end && *s->p != ',' && *s->p != ';' && *s->p != '}')
		s->p++;
	if (s->p == begin)
		return dn_fail(s, DN_SYNTAX, "an amount was expected");
	if (!DUNNING_SAFE_INPUT(numeric_in, pnstrdup(begin, s->p - begin), -1, escontext, &datum))
		return false;
	*number = DatumGetNumeric(datum);
	return true;
}
