/*
 * item/item.c: what a due date says of an open item on a day.
 */
#include "item/item.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "core/days.h"
#include "funcapi.h"
#include "number.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "shell.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(dunning_days_past_due);
PG_FUNCTION_INFO_V1(dunning_is_overdue);
PG_FUNCTION_INFO_V1(dunning_is_overdue_support);
PG_FUNCTION_INFO_V1(dunning_overdue_before);
PG_FUNCTION_INFO_V1(dunning_item_status);

/*
 * days_past_due(due_on, as_of): negative before the due date; NULL where one
 * of the days is infinite, since no number of days lies in between and a
 * report must survive such a row.
 */
Datum
dunning_days_past_due(PG_FUNCTION_ARGS)
{
	DateADT		due_on = PG_GETARG_DATEADT(0);
	DateADT		as_of = PG_GETARG_DATEADT(1);

	if (!dn_day_finite(due_on) || !dn_day_finite(as_of))
		PG_RETURN_NULL();
	/* the calendar has fewer than 2^31 days */
	PG_RETURN_INT32((int32) ((int64) as_of - due_on));
}

/*
 * The first due date that is not overdue on as_of.  Beyond the calendar's
 * first day that is the first day itself, since no finite day lies before it;
 * beyond its last one it is infinity.
 */
static DateADT
overdue_before(DateADT as_of, int32 grace_days)
{
	int32		day = dn_day_add(as_of, -(int64) grace_days);

	return day == DN_DAY_EVER && as_of != DN_DAY_EVER ? DN_DAY_FIRST : day;
}

Datum
dunning_overdue_before(PG_FUNCTION_ARGS)
{
	if (dunning_null_among(fcinfo, 1))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(overdue_before(PG_GETARG_DATEADT(0), PG_ARGISNULL(1) ? 0 : PG_GETARG_INT32(1)));
}

/* is_overdue(due_on, as_of, grace_days): strictly after the due date and grace */
Datum
dunning_is_overdue(PG_FUNCTION_ARGS)
{
	if (dunning_null_among(fcinfo, 2))
		PG_RETURN_NULL();
	PG_RETURN_BOOL(PG_GETARG_DATEADT(0) <
				   overdue_before(PG_GETARG_DATEADT(1), PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2)));
}

/*
 * Planner support of is_overdue: it is due_on < overdue_before(as_of, grace),
 * or due_on < as_of without grace, and is planned as that comparison, with the
 * column's index, statistics and partition bounds.
 */
Datum
dunning_is_overdue_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	FuncExpr   *call;
	Node	   *due_on;
	Node	   *as_of;
	Node	   *grace;
	Oid			less;

	if (!IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(NULL);
	call = ((SupportRequestSimplify *) request)->fcall;
	if (list_length(call->args) != 3)
		PG_RETURN_POINTER(NULL);
	due_on = linitial(call->args);
	as_of = lsecond(call->args);
	grace = lthird(call->args);

	less = lookup_type_cache(DATEOID, TYPECACHE_LT_OPR)->lt_opr;
	if (!(IsA(grace, Const) && !((Const *) grace)->constisnull &&
		  DatumGetInt32(((Const *) grace)->constvalue) == 0))
	{
		Oid			argtypes[2] = {DATEOID, INT4OID};
		Oid			before = dunning_sibling(call->funcid, "overdue_before", 2, argtypes);

		if (!OidIsValid(before))
			PG_RETURN_POINTER(NULL);
		as_of = (Node *) makeFuncExpr(before, DATEOID, list_make2(as_of, grace),
									  InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	}
	PG_RETURN_POINTER(make_opclause(less, BOOLOID, false, (Expr *) due_on, (Expr *) as_of,
									InvalidOid, InvalidOid));
}

/*
 * The status of an item with an open amount, a numeric
 * packed or plain; never an error.
 */
const char *
dunning_status_label(struct varlena *amount, DateADT due_on, DateADT as_of)
{
	int64		units;
	int			dscale;

	if (!dunning_money_read(amount, &units, &dscale))
		units = number_sign(DatumGetNumeric(PointerGetDatum(amount)));
	if (units == 0)
		return "settled";
	if (units < 0)
		return "credit";
	if (due_on == as_of)
		return "due_today";
	return due_on < as_of ? "overdue" : "not_due";
}

/* item_status(open_amount, due_on, as_of): the status as a text */
Datum
dunning_item_status(PG_FUNCTION_ARGS)
{
	const char *label = dunning_status_label(PG_GETARG_VARLENA_PP(0),
											 PG_GETARG_DATEADT(1), PG_GETARG_DATEADT(2));

	PG_RETURN_TEXT_P(cstring_to_text(label));
}
