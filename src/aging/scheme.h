/* aging/scheme.h: the type dunning.aging_scheme for the shells of this room */
#ifndef DUNNING_SCHEME_H
#define DUNNING_SCHEME_H

#include "shell.h"

#include "core/aging.h"

#define DUNNING_SCHEME_TYPE "aging_scheme"

/*
 * A stored scheme is a DunningValue and the DnAging behind it.  What follows
 * the length word is its payload, which is also kept inside an aged balance:
 * it is the same for equal schemes.
 */
#define DUNNING_SCHEME_HEAD (sizeof(DunningValue) - VARHDRSZ)
#define DUNNING_SCHEME_MAX_PAYLOAD (DUNNING_SCHEME_HEAD + DN_AGING_MAX_BYTES)

extern const DnAging *dunning_scheme_body(const char *payload, Size len);
extern struct varlena *dunning_make_scheme(const DnAging *aging);
extern const DnAging *dunning_get_scheme(Datum d);
extern text *dunning_scheme_label(const DnAging *aging, int bucket);

#endif
