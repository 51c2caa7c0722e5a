/* shell.c: see shell.h */
#include "shell.h"

#include "core/days.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_proc.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

void
dunning_bad_value(const char *type)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored value of type %s is damaged or of a later version", type),
			 errhint("Update the library, or restore the value from a backup.")));
}

/*
 * A value read from anywhere must be of our version and at least as long as
 * its fixed part; a room goes on to check that its counts fit the length.
 */
void
dunning_check_value(const void *value, Size least, const char *type)
{
	const DunningValue *v = value;

	if (VARSIZE(v) < least || v->version != DUNNING_VALUE_VERSION || v->reserved != 0)
		dunning_bad_value(type);
}

/*
 * Reports what a core parser found wrong with a text: the kind decides the
 * SQLSTATE and the message, the place and the clause go into the detail.
 * Soft where the caller has an error context; the caller returns after it.
 */
void
dunning_parse_error(struct Node *escontext, const char *type,
					const char *text, size_t len, const DnError *err)
{
	dunning_parse_error_hint(escontext, type, text, len, err, NULL);
}

/* The same with a hint, which may be NULL. */
void
dunning_parse_error_hint(struct Node *escontext, const char *type,
						 const char *text, size_t len, const DnError *err,
						 const char *hint)
{
	int			at = pg_mbstrlen_with_len(text, (int) err->at) + 1;
	int			sqlstate;
	const char *message;

	switch (err->code)
	{
		case DN_RANGE:
			sqlstate = ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
			message = "number out of range for type %s: \"%s\"";
			break;
		case DN_DATE:
			sqlstate = ERRCODE_DATETIME_FIELD_OVERFLOW;
			message = "date out of range for type %s: \"%s\"";
			break;
		case DN_LIMIT:
			sqlstate = ERRCODE_PROGRAM_LIMIT_EXCEEDED;
			message = "value exceeds a limit of type %s: \"%s\"";
			break;
		default:
			sqlstate = ERRCODE_INVALID_TEXT_REPRESENTATION;
			message = "invalid input syntax for type %s: \"%s\"";
			break;
	}
	ereturn(escontext,,
			(errcode(sqlstate),
			 errmsg_internal(message, type, pnstrdup(text, len)),
			 errdetail("At character %d: %s.", at, err->what),
			 hint != NULL ? errhint("%s", hint) : 0));
}

#define SHORT_TEXT 1023			/* bytes for which a value is printed once */

/* The text form of a core value, palloc'd and terminated. */
char *
dunning_print(DunningPrinter print, const void *value)
{
	DnOut		out = {palloc(SHORT_TEXT + 1), SHORT_TEXT, 0};

	print(&out, value);
	if (out.len > out.cap)
	{
		pfree(out.buf);
		out.cap = out.len;
		out.buf = palloc(out.cap + 1);
		out.len = 0;
		print(&out, value);
	}
	out.buf[out.len] = '\0';
	return out.buf;
}

static void
print_day(DnOut *out, const void *day)
{
	int32		d = *(const int32 *) day;

	if (d == DN_DAY_NEVER || d == DN_DAY_EVER)
		dn_put(out, d == DN_DAY_NEVER ? "infinity" : "-infinity");
	else
		dn_put_date(out, d);
}

/* A day as YYYY-MM-DD, or infinity. */
char *
dunning_day_text(int32 day)
{
	return dunning_print(print_day, &day);
}

/*
 * The function of this name and these arguments beside another one of ours, by
 * the catalog alone: no search_path has a say, and no right on the schema is
 * needed, as none is to call a function that a view names.  InvalidOid if it
 * is not there, or if the user may not call it: the planner must put nothing
 * in the place of a call that fails where the call does not.
 */
Oid
dunning_sibling(Oid function, const char *name, int nargs, const Oid *argtypes)
{
	Oid			found = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
										CStringGetDatum(name),
										PointerGetDatum(buildoidvector(argtypes, nargs)),
										ObjectIdGetDatum(get_func_namespace(function)));

	return OidIsValid(found) && dunning_may_execute(found, GetUserId()) ? found : InvalidOid;
}

/* The row type of a function that returns a composite, to be kept at its call site. */
TupleDesc
dunning_find_result_desc(FunctionCallInfo fcinfo)
{
	TupleDesc	desc;
	MemoryContext old;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	desc = BlessTupleDesc(CreateTupleDescCopy(desc));
	MemoryContextSwitchTo(old);
	return desc;
}

/* The same for a function that keeps nothing else. */
TupleDesc
dunning_result_desc(FunctionCallInfo fcinfo)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;

	if (flinfo->fn_extra == NULL)
		flinfo->fn_extra = dunning_find_result_desc(fcinfo);
	return flinfo->fn_extra;
}

/* en, fr, de, nl, it or es */
static char *
language_codes(void)
{
	StringInfoData codes;
	int			i;

	initStringInfo(&codes);
	for (i = 0; i < DN_LANGUAGES; i++)
	{
		if (i > 0)
			appendStringInfoString(&codes, i == DN_LANGUAGES - 1 ? " or " : ", ");
		appendStringInfoString(&codes, dn_people[i].code);
	}
	return codes.data;
}

/* The language that an argument, which is not NULL, names; an error if it is none of ours. */
DnLanguage
dunning_language_arg(FunctionCallInfo fcinfo, int arg)
{
	const char *code = text_to_cstring(PG_GETARG_TEXT_PP(arg));
	DnLanguage	language;

	if (!dn_language(code, &language))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown language: \"%s\"", code),
				 errhint("Use %s.", language_codes())));
	return language;
}
