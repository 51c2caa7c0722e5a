/* procedure/procedure.h: the type dunning.dunning_procedure, for the room that decides. */
#ifndef DUNNING_PROCEDURE_H
#define DUNNING_PROCEDURE_H

#include "shell.h"

#include "core/procedure.h"

extern void dunning_get_procedure(Datum datum, DnProcedure *p);
extern Datum dunning_parse_procedure(const char *text, size_t len, struct Node *escontext);

#endif
