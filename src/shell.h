/*
 * shell.h: what every room's C shell shares: turning a core parser's mistake
 * into an error, the text of a value, and composite and enum results.
 */
#ifndef DUNNING_SHELL_H
#define DUNNING_SHELL_H

#include "compat.h"

#include "core/people.h"
#include "core/text.h"
#include "lib/stringinfo.h"
#include "utils/tuplestore.h"

/* The schema that the control file fixes; catalog look-ups use this name. */
#define DUNNING_SCHEMA "dunning"
#define DUNNING_INTERNAL "_dunning"

/*
 * Every stored value begins with these two bytes after its length word.  They
 * are checked whenever a value is read, so that a later format is refused and
 * not misread.
 */
#define DUNNING_VALUE_VERSION 1

typedef struct DunningValue
{
	int32		vl_len_;		/* varlena header, not to be touched directly */
	uint8		version;
	uint8		reserved;		/* must be zero */
} DunningValue;

extern void dunning_check_value(const void *value, Size least, const char *type);
pg_noreturn extern void dunning_bad_value(const char *type);
extern void dunning_parse_error(struct Node *escontext, const char *type,
								const char *text, size_t len, const DnError *err);
extern void dunning_parse_error_hint(struct Node *escontext, const char *type,
									 const char *text, size_t len, const DnError *err,
									 const char *hint);

/* A printer of the core: appends the text form of a core value to a DnOut. */
typedef void (*DunningPrinter) (DnOut *out, const void *value);

extern char *dunning_print(DunningPrinter print, const void *value);
extern char *dunning_day_text(int32 day);

/* Whether one of the first arguments, the required ones, is NULL. */
static inline bool
dunning_null_among(FunctionCallInfo fcinfo, int required)
{
	int			i;

	for (i = 0; i < required; i++)
		if (PG_ARGISNULL(i))
			return true;
	return false;
}

extern DnLanguage dunning_language_arg(FunctionCallInfo fcinfo, int arg);
extern Oid dunning_sibling(Oid function, const char *name, int nargs, const Oid *argtypes);
extern TupleDesc dunning_find_result_desc(FunctionCallInfo fcinfo);
extern TupleDesc dunning_result_desc(FunctionCallInfo fcinfo);

#endif
