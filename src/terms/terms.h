/* terms/terms.h: the instalments of payment terms, for the room that reads ledgers. */
#ifndef DUNNING_TERMS_TERMS_H
#define DUNNING_TERMS_TERMS_H

#include "shell.h"

#include "core/terms.h"
#include "utils/date.h"
#include "utils/numeric.h"

extern int	dunning_decimals_arg(FunctionCallInfo fcinfo, int arg);
extern int	dunning_read_instalments(Datum terms, DateADT issued_on, Datum amount, int decimals,
									 DateADT *due_on, Numeric *part);

#endif
