/*
 * penalty/rates.h: a rate history as a stored value, and the error of a rate
 * that is missing.
 */
#ifndef DUNNING_PENALTY_RATES_H
#define DUNNING_PENALTY_RATES_H

#include "core/rates.h"
#include "type.h"

extern void dunning_read_rates(Datum datum, DnRates *rates);
extern Datum dunning_store_rates(const DnRates *rates);
extern char *dunning_no_rate_message(const DnRates *rates, int32 day, const char *of);
extern void dunning_no_rate(const DnRates *rates, int32 day, const char *of);

#endif
