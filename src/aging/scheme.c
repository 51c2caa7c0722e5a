/* aging/scheme.c: the type dunning.aging_scheme, and the bucket of an item */
#include "aging/scheme.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "nodes/execnodes.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(dunning_aging_buckets);
PG_FUNCTION_INFO_V1(dunning_aging_bucket);
PG_FUNCTION_INFO_V1(dunning_bucket_label);
PG_FUNCTION_INFO_V1(dunning_aging_bucket_label);
PG_FUNCTION_INFO_V1(dunning_aging_bucket_from);
PG_FUNCTION_INFO_V1(dunning_aging_bucket_to);
PG_FUNCTION_INFO_V1(dunning_in_aging_bucket);
PG_FUNCTION_INFO_V1(dunning_in_aging_bucket_support);

#define GETARG_SCHEME(n) dunning_get_scheme(PG_GETARG_DATUM(n))

/*
 * The scheme in a payload, which is aligned for an int32.  Data corrupted if
 * it is none, or one of a later version.
 */
const DnAging *
dunning_scheme_body(const char *payload, Size len)
{
	const DnAging *a = (const DnAging *) (payload + DUNNING_SCHEME_HEAD);

	if (len < DUNNING_SCHEME_HEAD ||
		payload[offsetof(DunningValue, version) - VARHDRSZ] != DUNNING_VALUE_VERSION ||
		payload[offsetof(DunningValue, reserved) - VARHDRSZ] != 0 ||
		!dn_aging_valid(a, len - DUNNING_SCHEME_HEAD))
		dunning_bad_value(DUNNING_SCHEME_TYPE);
	return a;
}

struct varlena *
dunning_make_scheme(const DnAging *aging)
{
	Size		body = dn_aging_size(aging);
	Size		size = sizeof(DunningValue) + body;
	DunningValue *value = palloc0(size);

	SET_VARSIZE(value, size);
	value->version = DUNNING_VALUE_VERSION;
	memcpy(value + 1, aging, body);
	dn_assert(dn_aging_valid((const DnAging *) (value + 1), body));
	return (struct varlena *) value;
}

/* A scheme that came as an argument, checked. */
const DnAging *
dunning_get_scheme(Datum d)
{
	struct varlena *value = PG_DETOAST_DATUM(d);

	return dunning_scheme_body(VARDATA(value), VARSIZE(value) - VARHDRSZ);
}

static Datum
parse_scheme(const char *text, size_t len, struct Node *escontext)
{
	DnScan		scan;
	DnAgingRoom room;

	dn_scan_init(&scan, text, len);
	if (!dn_aging_parse(&scan, &room))
	{
		dunning_parse_error(escontext, DUNNING_SCHEME_TYPE, text, len, &scan.err);
		return (Datum) 0;
	}
	return PointerGetDatum(dunning_make_scheme(&room.scheme));
}

static char *
scheme_text(Datum scheme)
{
	return dunning_print(dn_aging_print, dunning_get_scheme(scheme));
}

DUNNING_VALUE_TYPE(aging_scheme, parse_scheme, scheme_text, NULL);

/* The label of a bucket that the scheme has. */
text *
dunning_scheme_label(const DnAging *a, int bucket)
{
	char		buf[DN_AGING_MAX_LABEL];
	DnOut		out = {buf, sizeof(buf), 0};

	dn_aging_put_label(&out, a, bucket);
	return cstring_to_text_with_len(buf, (int) out.len);
}

/* An argument of the expression that we are called for; NULL if it is not known. */
static Node *
call_argument(FunctionCallInfo fcinfo, int arg)
{
	Node	   *expr = fcinfo->flinfo->fn_expr;
	Aggref	   *aggref = AggGetAggref(fcinfo);

	/* the state is an argument of the transition and not of the aggregate */
	if (aggref != NULL)
		return arg <= list_length(aggref->args) ?
			(Node *) ((TargetEntry *) list_nth(aggref->args, arg - 1))->expr : NULL;
	if (expr != NULL && IsA(expr, FuncExpr) && arg < list_length(((FuncExpr *) expr)->args))
		return list_nth(((FuncExpr *) expr)->args, arg);
	return NULL;
}

/*
 * A new site with the scheme of this call.  A parameter of a query does not
 * change while an aggregate runs; of a function's it may, since PL/pgSQL keeps
 * call sites from one evaluation to the next.
 */
DunningAgingSite *
dunning_open_aging_site(FunctionCallInfo fcinfo, int arg)
{
	struct varlena *scheme = PG_GETARG_VARLENA_PP(arg);
	Size		len = VARSIZE_ANY_EXHDR(scheme);
	Node	   *expr = call_argument(fcinfo, arg);
	DunningAgingSite *site = fcinfo->flinfo->fn_extra;
	char	   *payload;

	fcinfo->flinfo->fn_extra = NULL;
	if (site != NULL)
		pfree(site);
	site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, MAXALIGN(sizeof(DunningAgingSite)) + len);
	payload = (char *) site + MAXALIGN(sizeof(DunningAgingSite));
	memcpy(payload, VARDATA_ANY(scheme), len);
	site->aging = dunning_scheme_body(payload, len);
	site->payload = payload;
	site->len = len;
	site->aggregate = AggCheckCallContext(fcinfo, NULL) != 0;
	site->constant = expr != NULL &&
		(IsA(expr, Const) ||
		 (AggGetAggref(fcinfo) != NULL && IsA(expr, Param) && ((Param *) expr)->paramkind == PARAM_EXTERN));
	site->cut.edges = -1;
	fcinfo->flinfo->fn_extra = site;
	return site;
}

/* aging_buckets(aging_scheme): the ranges, NULL where one is open or not in days */
Datum
dunning_aging_buckets(PG_FUNCTION_ARGS)
{
	const DnAging *a = GETARG_SCHEME(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	for (i = 0; i < a->count; i++)
	{
		Datum		values[4];
		bool		nulls[4] = {false, false, false, false};

		nulls[2] = i == 0 || a->edge[i - 1].unit != DN_AGING_DAYS;
		nulls[3] = i == a->count - 1 || a->edge[i].unit != DN_AGING_DAYS;
		values[0] = Int32GetDatum(i);
		values[1] = PointerGetDatum(dunning_scheme_label(a, i));
		values[2] = Int32GetDatum(nulls[2] ? 0 : a->edge[i - 1].days + 1);
		values[3] = Int32GetDatum(nulls[3] ? 0 : a->edge[i].days);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* The bucket of an item from the arguments due_on, as_of and, at "arg", the scheme. */
static int
item_bucket(FunctionCallInfo fcinfo, int arg)
{
	DunningAgingSite *site = dunning_aging_site(fcinfo, arg);

	return dn_aging_bucket(dunning_aging_cut(site, PG_GETARG_DATEADT(1)), PG_GETARG_DATEADT(0));
}

/* aging_bucket(due_on date, as_of date, aging_scheme) */
Datum
dunning_aging_bucket(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(item_bucket(fcinfo, 2));
}

/* bucket_label(due_on date, as_of date, aging_scheme) */
Datum
dunning_bucket_label(PG_FUNCTION_ARGS)
{
	int			bucket = item_bucket(fcinfo, 2);

	PG_RETURN_TEXT_P(dunning_scheme_label(dunning_aging_site(fcinfo, 2)->aging, bucket));
}

/* bucket_label(aging_scheme, bucket integer): NULL for a bucket that it has not */
Datum
dunning_aging_bucket_label(PG_FUNCTION_ARGS)
{
	const DnAging *a = GETARG_SCHEME(0);
	int32		bucket = PG_GETARG_INT32(1);

	if (bucket < 0 || bucket >= a->count)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(dunning_scheme_label(a, bucket));
}

/* in_aging_bucket(due_on date, as_of date, bucket integer, aging_scheme) */
Datum
dunning_in_aging_bucket(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(item_bucket(fcinfo, 3) == PG_GETARG_INT32(2));
}

/*
 * The due days of a bucket from the arguments as_of, bucket and scheme: what
 * has no day begins with infinity and ends with -infinity.
 */
static void
bucket_days(FunctionCallInfo fcinfo, int32 *from, int32 *to)
{
	DunningAgingSite *site = dunning_aging_site(fcinfo, 2);

	if (!dn_aging_range(dunning_aging_cut(site, PG_GETARG_DATEADT(0)), PG_GETARG_INT32(1), from, to))
	{
		*from = DN_DAY_NEVER;
		*to = DN_DAY_EVER;
	}
}

/* aging_bucket_from(as_of date, bucket integer, aging_scheme) */
Datum
dunning_aging_bucket_from(PG_FUNCTION_ARGS)
{
	int32		from;
	int32		to;

	bucket_days(fcinfo, &from, &to);
	PG_RETURN_DATEADT(from);
}

/* aging_bucket_to(as_of date, bucket integer, aging_scheme) */
Datum
dunning_aging_bucket_to(PG_FUNCTION_ARGS)
{
	int32		from;
	int32		to;

	bucket_days(fcinfo, &from, &to);
	PG_RETURN_DATEADT(to);
}

static Expr *
compare_dates(Oid operator, Node *left, Node *right)
{
	return make_opclause(operator, BOOLOID, false, (Expr *) left, (Expr *) right, InvalidOid, InvalidOid);
}

static Node *
date_const(DateADT day)
{
	return (Node *) makeConst(DATEOID, -1, InvalidOid, sizeof(DateADT), DateADTGetDatum(day), false, true);
}

/* A call of aging_bucket_from or aging_bucket_to; NULL if it is not there. */
static Node *
bucket_end(Oid in_bucket, const char *name, Node *as_of, Node *bucket, Node *scheme)
{
	Oid			argtypes[3] = {DATEOID, INT4OID, exprType(scheme)};
	Oid			function = dunning_sibling(in_bucket, name, 3, argtypes);

	if (!OidIsValid(function))
		return NULL;
	return (Node *) makeFuncExpr(function, DATEOID,
								 copyObject(list_make3(as_of, bucket, scheme)),
								 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

/* The value of a scheme that is a constant, or the text of one. */
static const DnAging *
constant_scheme(const Const *scheme)
{
	Datum		value = scheme->constvalue;

	if (scheme->consttype == TEXTOID)
	{
		text	   *given = DatumGetTextPP(value);

		value = parse_scheme(VARDATA_ANY(given), VARSIZE_ANY_EXHDR(given), NULL);
	}
	return dunning_get_scheme(value);
}

static bool
known(Node *node)
{
	return IsA(node, Const) && !((Const *) node)->constisnull;
}

/*
 * The comparisons that say what in_aging_bucket says of a due date, or NULL:
 * with constants, an open side needs none and a bucket without a day is left
 * alone.
 */
static Node *
as_comparisons(Oid in_bucket, Node *due_on, Node *as_of, Node *bucket, Node *scheme)
{
	TypeCacheEntry *date = lookup_type_cache(DATEOID, TYPECACHE_BTREE_OPFAMILY);
	Oid			at_least = get_opfamily_member(date->btree_opf, DATEOID, DATEOID, BTGreaterEqualStrategyNumber);
	Oid			at_most = get_opfamily_member(date->btree_opf, DATEOID, DATEOID, BTLessEqualStrategyNumber);
	DnAgingCut	cut;
	int32		from = 0;
	int32		to = 0;
	bool		constant = known(as_of) && known(bucket) && known(scheme);
	Node	   *lower = bucket_end(in_bucket, "aging_bucket_from", as_of, bucket, scheme);
	Node	   *upper = bucket_end(in_bucket, "aging_bucket_to", as_of, bucket, scheme);

	if (constant)
	{
		dn_aging_cut(constant_scheme((Const *) scheme),
					 DatumGetDateADT(((Const *) as_of)->constvalue), &cut);
		if (!dn_aging_range(&cut, DatumGetInt32(((Const *) bucket)->constvalue), &from, &to))
			return NULL;
		lower = date_const(from);
		upper = date_const(to);
	}
	if (lower == NULL || upper == NULL)
		return NULL;
	if (constant && to == DN_DAY_NEVER)
		return (Node *) compare_dates(at_least, due_on, lower);
	if (constant && from == DN_DAY_EVER)
		return (Node *) compare_dates(at_most, due_on, upper);
	return (Node *) make_andclause(list_make2(compare_dates(at_least, due_on, lower),
											  compare_dates(at_most, copyObject(due_on), upper)));
}

/*
 * Whether an argument may stand in both comparisons: a subquery may if it does
 * not depend on the row, since it is then done once a query.
 */
static bool
can_repeat(Node *arg)
{
	return !contain_subplans(arg) || !contain_vars_of_level(arg, 0);
}

/*
 * Planner support of in_aging_bucket, which is planned as comparisons of the
 * due date, with the column's index, statistics and partition bounds.  The
 * arguments are then evaluated twice, so they must be nothing that costs or
 * changes.
 */
Datum
dunning_in_aging_bucket_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	FuncExpr   *call;
	List	   *args;
	ListCell   *arg;

	if (!IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(NULL);
	call = ((SupportRequestSimplify *) request)->fcall;
	args = call->args;
	if (list_length(args) != 4 || contain_subplans(linitial(args)) ||
		contain_volatile_functions((Node *) args))
		PG_RETURN_POINTER(NULL);
	foreach(arg, args)
		if (!can_repeat(lfirst(arg)))
			PG_RETURN_POINTER(NULL);
	PG_RETURN_POINTER(as_comparisons(call->funcid, linitial(args), lsecond(args), lthird(args), lfourth(args)));
}

/* The same functions with a scheme that is text. */
DUNNING_TEXT_FUNCTION(aging_scheme, dunning_aging_bucket, 2);
DUNNING_TEXT_FUNCTION(aging_scheme, dunning_bucket_label, 2);
DUNNING_TEXT_FUNCTION(aging_scheme, dunning_aging_bucket_label, 0);
DUNNING_TEXT_FUNCTION(aging_scheme, dunning_aging_bucket_from, 2);
DUNNING_TEXT_FUNCTION(aging_scheme, dunning_aging_bucket_to, 2);
DUNNING_TEXT_FUNCTION(aging_scheme, dunning_in_aging_bucket, 3);
