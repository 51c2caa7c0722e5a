/* aging/scheme.h: the type dunning.aging_scheme for the shells of this room */
#ifndef DUNNING_SCHEME_H
#define DUNNING_SCHEME_H

#include "type.h"

#include "core/aging.h"
#include "utils/date.h"

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

/*
 * What a call site keeps in fn_extra: the scheme of the last call, checked,
 * and its edges on the day of the last call.
 */
typedef struct DunningAgingSite
{
	bool		constant;		/* the argument is the same in every call */
	bool		aggregate;		/* we are called as a transition */
	DateADT		as_of;			/* the day of the cut, which has edges < 0 if there is none */
	Size		len;			/* bytes of the payload */
	const char *payload;
	const DnAging *aging;		/* the same, as the core sees it */
	DnAgingCut	cut;
} DunningAgingSite;

extern DunningAgingSite *dunning_open_aging_site(FunctionCallInfo fcinfo, int arg);

/* Whether a payload is the one that a site has. */
static inline bool
dunning_same_scheme(const DunningAgingSite *site, const char *payload, Size len)
{
	return len == site->len && memcmp(payload, site->payload, len) == 0;
}

/* The site of this call, whose argument "arg" is a scheme that is not null. */
static inline DunningAgingSite *
dunning_aging_site(FunctionCallInfo fcinfo, int arg)
{
	DunningAgingSite *site = fcinfo->flinfo->fn_extra;
	struct varlena *scheme;

	if (site != NULL && site->constant)
		return site;
	if (site == NULL)
		return dunning_open_aging_site(fcinfo, arg);
	scheme = PG_GETARG_VARLENA_PP(arg);
	if (dunning_same_scheme(site, VARDATA_ANY(scheme), VARSIZE_ANY_EXHDR(scheme)))
		return site;
	return dunning_open_aging_site(fcinfo, arg);
}

/* The site's scheme on a day. */
static inline const DnAgingCut *
dunning_aging_cut(DunningAgingSite *site, DateADT as_of)
{
	if (site->as_of != as_of || site->cut.edges < 0)
	{
		dn_aging_cut(site->aging, as_of, &site->cut);
		site->as_of = as_of;
	}
	return &site->cut;
}

#endif
