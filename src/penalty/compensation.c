/*
 * penalty/compensation.c: the compensation of a debt by the scale of a rule.
 */
#include "penalty/interest.h"

#include "number.h"

/* The band that a debt falls into: the first one whose limit it does not pass. */
static int
band_of(const DnRule *rule, Numeric measure)
{
	int			i;

	for (i = 0; i < rule->terms->n_bands - 1; i++)
	{
		int			side = number_cmp(measure, dunning_wide_numeric(rule->band[i].limit, DN_FEE_SCALE));

		if (side < 0 || (side == 0 && rule->band[i].inclusive))
			break;
	}
	return i;
}

/*
 * The compensation of a late debt that is measured at an amount; nothing if
 * that is not above zero.  A sum of the rule keeps its decimals, a percentage
 * is rounded to those of the rule.  A debt of NaN counts as above all limits.
 */
Numeric
dunning_compensation(const DnRule *rule, Numeric measure, bool professional)
{
	const DnClauses *t = rule->terms;
	const DnBand *b;
	Numeric		v;
	int			i;

	if (t->n_bands == 0 || (t->professional && !professional) || number_sign(measure) <= 0)
		return dunning_least_numeric(0, DN_FEE_SCALE, 2);
	i = band_of(rule, measure);
	b = &rule->band[i];
	if (b->has_sum && b->percent == 0)
		v = dunning_least_numeric(b->sum, DN_FEE_SCALE, 2);
	else
	{
		/* units of 10^-4 of the debt times units of 10^-8 of the percentage */
		Numeric		above = dunning_wide_numeric(i > 0 ? rule->band[i - 1].limit : 0, DN_FEE_SCALE);

		v = number_mul(number_sub(measure, above), dunning_scaled_numeric(b->percent, DN_RATE_SCALE + 2));
		v = number_add(v, dunning_wide_numeric(dn_band_start(rule, i), DN_FEE_SCALE + DN_RATE_SCALE + 2));
		v = dunning_quotient(v, int64_to_numeric(1), t->decimals, t->half_even);
	}
	if (t->comp_least > 0 && number_cmp(v, dunning_wide_numeric(t->comp_least, DN_FEE_SCALE)) < 0)
		v = dunning_least_numeric(t->comp_least, DN_FEE_SCALE, 2);
	if (t->comp_most > 0 && number_cmp(v, dunning_wide_numeric(t->comp_most, DN_FEE_SCALE)) > 0)
		v = dunning_least_numeric(t->comp_most, DN_FEE_SCALE, 2);
	return v;
}
