/*
 * terms/try_terms.c: texts of payment terms that stand in an ERP's column, of
 * which a list must survive the one that nobody understands.
 */
#include "shell.h"

#include "core/terms.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(dunning_try_terms);

extern Datum dunning_payment_terms_in(PG_FUNCTION_ARGS);

/* try_terms(text): the terms, NULL for a text that is none */
Datum
dunning_try_terms(PG_FUNCTION_ARGS)
{
	text	   *given = PG_GETARG_TEXT_PP(0);
	DnTermsRoom room;
	DnTerms		terms;
	DnError		err;

	if (!dn_parse_terms(VARDATA_ANY(given), VARSIZE_ANY_EXHDR(given), &room, &terms, &err))
		PG_RETURN_NULL();
	return DirectFunctionCall1(dunning_payment_terms_in, CStringGetDatum(text_to_cstring(given)));
}
