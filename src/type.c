/* type.c: see type.h */
#include "type.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "nodes/makefuncs.h"
#include "nodes/supportnodes.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(dunning_text_form_support);

#define KEPT_SETS 32			/* of texts at a call site, by their hash */
#define KEPT_WAYS 4				/* texts of a set */
#define KEPT_TEXT_MAX 8192		/* bytes of one that is kept */
#define TEXT_FUNCTION_ARGS_MAX 8	/* arguments of a function that takes a value or its text */

Datum
dunning_type_in(FunctionCallInfo fcinfo, const DunningType *type)
{
	char	   *text = PG_GETARG_CSTRING(0);
	Datum		value = type->parse(text, strlen(text), fcinfo->context);

	if (DatumGetPointer(value) == NULL)
		PG_RETURN_NULL();
	return value;
}

Datum
dunning_type_out(FunctionCallInfo fcinfo, const DunningType *type)
{
	PG_RETURN_CSTRING(type->print(PG_GETARG_DATUM(0)));
}

/*
 * The binary form of a value is one version byte and its text form, as jsonb
 * has it: what the network sends goes through the same parser as what a user
 * types.
 */
Datum
dunning_type_recv(FunctionCallInfo fcinfo, const DunningType *type)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgint(buf, 1);
	char	   *text;
	int			len;

	if (version != DUNNING_VALUE_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unsupported binary version %d of type %s", version, type->name),
				 errdetail("This library reads version %d.", DUNNING_VALUE_VERSION)));
	text = pq_getmsgtext(buf, buf->len - buf->cursor, &len);
	return type->parse(text, len, NULL);
}

Datum
dunning_type_send(FunctionCallInfo fcinfo, const DunningType *type)
{
	char	   *text = type->print(PG_GETARG_DATUM(0));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint8(&buf, DUNNING_VALUE_VERSION);
	pq_sendtext(&buf, text, strlen(text));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* Equality and hashing are those of the canonical bytes. */
static struct varlena *
canonical(Datum value, const DunningType *type)
{
	return PG_DETOAST_DATUM_PACKED(type->canonical != NULL ? type->canonical(value) : value);
}

static bool
same_bytes(const struct varlena *a, const struct varlena *b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

static bool
same_values(FunctionCallInfo fcinfo, const DunningType *type)
{
	return same_bytes(canonical(PG_GETARG_DATUM(0), type), canonical(PG_GETARG_DATUM(1), type));
}

Datum
dunning_type_eq(FunctionCallInfo fcinfo, const DunningType *type)
{
	PG_RETURN_BOOL(same_values(fcinfo, type));
}

Datum
dunning_type_ne(FunctionCallInfo fcinfo, const DunningType *type)
{
	PG_RETURN_BOOL(!same_values(fcinfo, type));
}

Datum
dunning_type_hash(FunctionCallInfo fcinfo, const DunningType *type)
{
	struct varlena *v = canonical(PG_GETARG_DATUM(0), type);

	return hash_any((unsigned char *) VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v));
}

Datum
dunning_type_hash_extended(FunctionCallInfo fcinfo, const DunningType *type)
{
	struct varlena *v = canonical(PG_GETARG_DATUM(0), type);

	return hash_any_extended((unsigned char *) VARDATA_ANY(v), VARSIZE_ANY_EXHDR(v),
							 PG_GETARG_INT64(1));
}

/*
 * The order is that of the canonical texts, byte by byte: an arbitrary but
 * stable order, so that DISTINCT, GROUP BY and ORDER BY work.  It depends on
 * no collation and on no machine.  The texts live in a memory context of the
 * call site, because a sort frees nothing between two comparisons.
 */
static int
compare(FunctionCallInfo fcinfo, const DunningType *type)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	MemoryContext caller;
	struct varlena *a;
	struct varlena *b;
	int			order = 0;

	if (flinfo->fn_extra == NULL)
		flinfo->fn_extra = AllocSetContextCreate(flinfo->fn_mcxt, "comparison of dunning values",
												 ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(flinfo->fn_extra);
	a = canonical(PG_GETARG_DATUM(0), type);
	b = canonical(PG_GETARG_DATUM(1), type);
	if (!same_bytes(a, b))
		order = strcmp(type->print(PointerGetDatum(a)), type->print(PointerGetDatum(b)));
	MemoryContextSwitchTo(caller);
	MemoryContextReset(flinfo->fn_extra);
	return order;
}

Datum
dunning_type_lt(FunctionCallInfo fcinfo, const DunningType *type)
{
	PG_RETURN_BOOL(compare(fcinfo, type) < 0);
}

Datum
dunning_type_le(FunctionCallInfo fcinfo, const DunningType *type)
{
	PG_RETURN_BOOL(compare(fcinfo, type) <= 0);
}

Datum
dunning_type_ge(FunctionCallInfo fcinfo, const DunningType *type)
{
	PG_RETURN_BOOL(compare(fcinfo, type) >= 0);
}

Datum
dunning_type_gt(FunctionCallInfo fcinfo, const DunningType *type)
{
	PG_RETURN_BOOL(compare(fcinfo, type) > 0);
}

Datum
dunning_type_cmp(FunctionCallInfo fcinfo, const DunningType *type)
{
	PG_RETURN_INT32(compare(fcinfo, type));
}

/* A text and its value; 0 for one that has none. */
typedef struct KeptText
{
	int			len;
	char	   *text;			/* NULL: nothing is kept */
	Datum		value;
} KeptText;

struct DunningKept
{
	KeptText   *last;
	uint32		turn;			/* whose place the next text of a full set takes */
	KeptText	text[KEPT_SETS][KEPT_WAYS];
};

/* Room for the values of the texts of a call site. */
DunningKept *
dunning_keep_texts(MemoryContext where)
{
	DunningKept *kept = MemoryContextAllocZero(where, sizeof(DunningKept));

	kept->last = kept->text[0];
	return kept;
}

static bool
is_text(const KeptText *k, const char *text, int len)
{
	return k->text != NULL && k->len == len && memcmp(k->text, text, len) == 0;
}

/*
 * The value of a text: a column has few texts in many rows, so the last ones
 * and their values are kept.  The value stays until the next call.
 */
Datum
dunning_kept_value(DunningKept *kept, const text *given, Datum (*parse) (const char *text, size_t len, struct Node *escontext))
{
	const char *text = VARDATA_ANY(given);
	int			len = VARSIZE_ANY_EXHDR(given);
	KeptText   *set;
	KeptText   *k;
	MemoryContext old;
	Datum		value;

	if (is_text(kept->last, text, len))
		return kept->last->value;
	set = kept->text[hash_bytes((const unsigned char *) text, len) % KEPT_SETS];
	for (k = set; k < set + KEPT_WAYS && k->text != NULL; k++)
	{
		if (!is_text(k, text, len))
			continue;
		kept->last = k;
		return k->value;
	}
	value = parse(text, len, NULL);
	if (len > KEPT_TEXT_MAX)
		return value;
	if (k == set + KEPT_WAYS)
	{
		k = set + kept->turn++ % KEPT_WAYS;
		if (DatumGetPointer(k->value) != NULL)
			pfree(DatumGetPointer(k->value));
		pfree(k->text);
	}
	old = MemoryContextSwitchTo(GetMemoryChunkContext(kept));
	k->text = NULL;
	k->value = DatumGetPointer(value) != NULL ? datumCopy(value, false, -1) : value;
	k->text = pnstrdup(text, len);
	k->len = len;
	MemoryContextSwitchTo(old);
	kept->last = k;
	return k->value;
}

/* What a call site keeps in fn_extra: the values of texts, and the site of the function itself. */
typedef struct TextSite
{
	FmgrInfo	function;
	DunningKept *kept;
} TextSite;

/*
 * Calls a function of a value whose argument "arg" is a text here.
 */
Datum
dunning_with_text(FunctionCallInfo fcinfo, int arg, const DunningType *type, PGFunction function)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	TextSite   *site = flinfo->fn_extra;
	LOCAL_FCINFO(call, TEXT_FUNCTION_ARGS_MAX);
	Datum		result;

	Assert(fcinfo->nargs <= TEXT_FUNCTION_ARGS_MAX);
	if (site == NULL)
	{
		site = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(TextSite));
		site->function = *flinfo;
		site->kept = dunning_keep_texts(flinfo->fn_mcxt);
		flinfo->fn_extra = site;
	}
	InitFunctionCallInfoData(*call, &site->function, fcinfo->nargs, fcinfo->fncollation, fcinfo->context, fcinfo->resultinfo);
	memcpy(call->args, fcinfo->args, fcinfo->nargs * sizeof(NullableDatum));
	if (!PG_ARGISNULL(arg))
		call->args[arg].value = dunning_kept_value(site->kept, PG_GETARG_TEXT_PP(arg), type->parse);
	result = function(call);
	fcinfo->isnull = call->isnull;
	return result;
}

/* The value that a constant text stands for, as a constant of its type. */
static Const *
constant_of(const Const *given, Oid type)
{
	Oid			input;
	Oid			ioparam;
	Datum		value;

	getTypeInputInfo(type, &input, &ioparam);
	value = OidInputFunctionCall(input, TextDatumGetCString(given->constvalue), ioparam, -1);
	return makeConst(type, -1, InvalidOid, -1, value, false, false);
}

/*
 * Planner support of the functions that dunning_with_text calls: one whose text
 * is a constant is planned as the function of the value, which has nothing to
 * look up for each row.  A text that is not understood is the error that it
 * is in a literal of the type.
 */
Datum
dunning_text_form_support(PG_FUNCTION_ARGS)
{
	static const char *const types[] = {"aging_scheme", "dunning_procedure", "payment_terms", "penalty_rule"};
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	FuncExpr   *call;
	Oid		   *argtypes;
	int			nargs;
	char	   *name;

	if (!IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(NULL);
	call = ((SupportRequestSimplify *) request)->fcall;
	name = get_func_name(call->funcid);
	get_func_signature(call->funcid, &argtypes, &nargs);
	for (int i = 0; i < list_length(call->args); i++)
	{
		Const	   *arg = list_nth(call->args, i);

		if (argtypes[i] != TEXTOID || !IsA(arg, Const) || arg->constisnull)
			continue;
		for (size_t t = 0; t < lengthof(types); t++)
		{
			Oid			function;

			argtypes[i] = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(types[t]),
										  ObjectIdGetDatum(get_func_namespace(call->funcid)));
			function = dunning_sibling(call->funcid, name, nargs, argtypes);
			if (OidIsValid(function))
			{
				FuncExpr   *same = copyObject(call);

				same->funcid = function;
				list_nth_cell(same->args, i)->ptr_value = constant_of(arg, argtypes[i]);
				PG_RETURN_POINTER(same);
			}
		}
		argtypes[i] = TEXTOID;
	}
	PG_RETURN_POINTER(NULL);
}
