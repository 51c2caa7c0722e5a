/* decide/history.h: the type dunning.dunning_history, for the functions that decide. */
#ifndef DUNNING_DECIDE_HISTORY_H
#define DUNNING_DECIDE_HISTORY_H

#include "shell.h"

#include "core/facts.h"

extern Datum dunning_dunning_history_add(PG_FUNCTION_ARGS);
extern void dunning_get_facts(Datum datum, DnFacts *facts);

#endif
