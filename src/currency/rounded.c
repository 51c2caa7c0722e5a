/*
 * currency/rounded.c: amounts in the decimals of their currency.
 */
#include "shell.h"

#include "core/balance.h"
#include "number.h"

PG_FUNCTION_INFO_V1(dunning_rounded);

/* rounded(amount, decimals): half away from zero; decimals of NULL: without dust */
Datum
dunning_rounded(PG_FUNCTION_ARGS)
{
	int32		decimals = PG_ARGISNULL(1) ? DN_DUST_DECIMALS : PG_GETARG_INT32(1);
	struct varlena *packed;
	int64		units;
	int			dscale;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	packed = PG_GETARG_VARLENA_PP(0);
	if (dunning_money_read(packed, &units, &dscale) && dscale <= decimals)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	PG_RETURN_NUMERIC(number_round(DatumGetNumeric(PointerGetDatum(packed)), Max(decimals, 0)));
}
