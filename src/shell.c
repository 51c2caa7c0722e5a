/* shell.c: see shell.h */
#include "shell.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_proc.h"
#include "common/hashfn.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(dunning_value_eq);
PG_FUNCTION_INFO_V1(dunning_value_ne);
PG_FUNCTION_INFO_V1(dunning_value_hash);
PG_FUNCTION_INFO_V1(dunning_value_hash_extended);

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

/* The text form of a core value, palloc'd and terminated. */
char *
dunning_print(DunningPrinter print, const void *value)
{
	DnOut		out = {NULL, 0, 0};

	print(&out, value);
	out.cap = out.len;
	out.buf = palloc(out.cap + 1);
	out.len = 0;
	print(&out, value);
	out.buf[out.len] = '\0';
	return out.buf;
}

/*
 * The binary form of a value is one version byte and its text form, as jsonb
 * has it: what the network sends goes through the same parser as what a user
 * types.
 */
char *
dunning_recv_text(StringInfo buf, const char *type, int *len)
{
	int			version = pq_getmsgint(buf, 1);

	if (version != DUNNING_VALUE_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unsupported binary version %d of type %s", version, type),
				 errdetail("This library reads version %d.", DUNNING_VALUE_VERSION)));
	return pq_getmsgtext(buf, buf->len - buf->cursor, len);
}

bytea *
dunning_send_text(const char *text)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, DUNNING_VALUE_VERSION);
	pq_sendtext(&buf, text, strlen(text));
	return pq_endtypsend(&buf);
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

/* The row type of a function that returns a composite, looked up once a call site. */
TupleDesc
dunning_result_desc(FunctionCallInfo fcinfo)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;

	if (flinfo->fn_extra == NULL)
	{
		TupleDesc	desc;
		MemoryContext old;

		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "return type must be a row type");
		old = MemoryContextSwitchTo(flinfo->fn_mcxt);
		flinfo->fn_extra = BlessTupleDesc(CreateTupleDescCopy(desc));
		MemoryContextSwitchTo(old);
	}
	return flinfo->fn_extra;
}

/*
 * Equality and hashing of the values whose stored form is canonical and filled
 * with zeros: they are those of the bytes.
 */
static bool
same_bytes(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_VARLENA_PP(0);
	struct varlena *b = PG_GETARG_VARLENA_PP(1);

	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

Datum
dunning_value_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(same_bytes(fcinfo));
}

Datum
dunning_value_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!same_bytes(fcinfo));
}

Datum
dunning_value_hash(PG_FUNCTION_ARGS)
{
	struct varlena *v = PG_GETARG_VARLENA_PP(0);

	return hash_any((unsigned char *) VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v));
}

Datum
dunning_value_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *v = PG_GETARG_VARLENA_PP(0);

	return hash_any_extended((unsigned char *) VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v),
							 PG_GETARG_INT64(1));
}
