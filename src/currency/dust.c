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

	if (dunning_packed_dscale(packed) <= DN_DUST_DECIMALS)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	PG_RETURN_NUMERIC(dunning_without_dust(DatumGetNumeric(PointerGetDatum(packed))));
}

/* history_amount(amount): with no more decimals than the history of an item holds */
Datum
dunning_history_amount(PG_FUNCTION_ARGS)
{
	struct varlena *packed = PG_GETARG_VARLENA_PP(0);
	Numeric		n;

	if (dunning_packed_dscale(packed) <= HISTORY_DECIMALS)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	n = number_round(DatumGetNumeric(PointerGetDatum(packed)), HISTORY_DECIMALS);
	PG_RETURN_DATUM(DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(n)));
}
