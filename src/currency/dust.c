/*
 * currency/dust.c: amounts without what binary fractions leave of them.
 */
#include "shell.h"

#include "number.h"

PG_FUNCTION_INFO_V1(dunning_amount_without_dust);
PG_FUNCTION_INFO_V1(dunning_history_amount);

#define HISTORY_DECIMALS 15		/* leave room for the digits of a history: see _dunning.fits_history */

/* without_dust(amount): nearly every amount is as it came */
Datum
dunning_amount_without_dust(PG_FUNCTION_ARGS)
{
	struct varlena *packed = PG_GETARG_VARLENA_PP(0);
	int64		units;
	int			dscale;

	if (dunning_money_read(packed, &units, &dscale))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	PG_RETURN_NUMERIC(dunning_without_dust(DatumGetNumeric(PointerGetDatum(packed))));
}

/* history_amount(amount): with no more decimals than the history of an item holds */
Datum
dunning_history_amount(PG_FUNCTION_ARGS)
{
	struct varlena *packed = PG_GETARG_VARLENA_PP(0);
	int64		units;
	int			dscale;
	Numeric		n;

	if (dunning_money_read(packed, &units, &dscale))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	n = DatumGetNumeric(PointerGetDatum(packed));
	if (number_dscale(n) > HISTORY_DECIMALS)
		n = DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(number_round(n, HISTORY_DECIMALS))));
	PG_RETURN_NUMERIC(n);
}
