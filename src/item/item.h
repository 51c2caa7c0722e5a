/* item/item.h: the status of an open item, for C callers */
#ifndef DUNNING_ITEM_H
#define DUNNING_ITEM_H

#include "compat.h"
#include "utils/date.h"

extern const char *dunning_status_label(struct varlena *amount, DateADT due_on, DateADT as_of);

#endif
