/* aging/balance.h: the type dunning.aged_balance, for the rooms that make one */
#ifndef DUNNING_BALANCE_H
#define DUNNING_BALANCE_H

#include "aging/scheme.h"
#include "utils/numeric.h"

extern Datum dunning_make_balance(const char *scheme, Size len, int dscale,
								  const int128 *sum, const Numeric *rest);

#endif
