/*
 * balance/history.h: the type dunning.balance_history, for the rooms that
 * read it and for the aggregate that builds it.
 */
#ifndef DUNNING_HISTORY_H
#define DUNNING_HISTORY_H

#include "type.h"

#include "core/balance.h"
#include "utils/date.h"
#include "utils/numeric.h"

#define DUNNING_HISTORY_TYPE "balance_history"

extern void dunning_read_history(Datum datum, DnHistory *h);
extern int32 *dunning_undo_returns(DnHistory *h, DateADT as_of);
extern Datum dunning_make_history(DnMovement *m, int32 n, int dscale);
extern Datum dunning_parse_history(const char *text, size_t len, struct Node *escontext);
extern char *dunning_history_text(Datum history);

extern void dunning_read_movement(Datum amount, Datum day, DnMovement *m, int *dscale);
extern void dunning_check_movements(int64 n);
pg_noreturn extern void dunning_movement_out_of_range(void);

#endif
