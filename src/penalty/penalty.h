/* penalty/penalty.h: a penalty rule as a stored value. */
#ifndef DUNNING_PENALTY_PENALTY_H
#define DUNNING_PENALTY_PENALTY_H

#include "core/penalty.h"
#include "type.h"

extern void dunning_read_rule(Datum datum, DnRule *rule);

#endif
