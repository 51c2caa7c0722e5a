/*
 * stamp/stamp.c: the trigger that writes an item's status into its row.
 */
#include "trigger.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "core/days.h"
#include "item/item.h"
#include "item/today.h"
#include "shell.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(dunning_set_status);

static const DunningTrigger stamp_trigger = {
	.function = "dunning.set_status",
	.timing = TRIGGER_EVENT_BEFORE,
	.least_args = 3,
	.most_args = 4,
	.usage = "BEFORE INSERT OR UPDATE ON ... FOR EACH ROW EXECUTE FUNCTION "
	"dunning.set_status('due column', 'open amount column', 'status column' [, 'days past due column'])"
};

#define STAMP_OUTPUTS_MAX 2		/* status, days past due */
#define INTEGER_TEXT_SIZE 12	/* bytes of the longest integer: a sign, 10 digits, a zero */

/* A column to write: through its type's input, so that a length or a domain counts. */
typedef struct StampOutput
{
	int			attnum;
	int16		typlen;
	bool		typbyval;
	FmgrInfo	input;
	Oid			ioparam;
	int32		typmod;
} StampOutput;

/* What is looked up once a statement, kept in fn_extra. */
typedef struct Stamp
{
	int			due_on;			/* attribute numbers */
	int			amount;
	Oid			amount_type;	/* the type under domains */
	int			outputs;		/* 1 or 2 */
	StampOutput output[STAMP_OUTPUTS_MAX];
} Stamp;

static int
due_column(Relation rel, const char *name)
{
	Form_pg_attribute att = dunning_trigger_column(rel, name, &stamp_trigger);
	Oid			type = getBaseType(att->atttypid);

	if (type == TIMESTAMPOID || type == TIMESTAMPTZOID)
		dunning_trigger_wrong_type(rel, att, &stamp_trigger, "a due date of type date",
								   "An item is due on a day: make the column a date, or keep the day in a column of its own.");
	if (type != DATEOID)
		dunning_trigger_wrong_type(rel, att, &stamp_trigger, "a due date of type date", NULL);
	return att->attnum;
}

static int
amount_column(Relation rel, const char *name, Oid *type)
{
	Form_pg_attribute att = dunning_trigger_column(rel, name, &stamp_trigger);

	*type = getBaseType(att->atttypid);
	if (*type == FLOAT4OID || *type == FLOAT8OID || *type == CASHOID)
		dunning_trigger_wrong_type(rel, att, &stamp_trigger,
								   "an open amount of type numeric, bigint, integer or smallint",
								   "Make the column a numeric: amounts are compared with zero exactly.");
	if (*type != NUMERICOID && *type != INT8OID && *type != INT4OID && *type != INT2OID)
		dunning_trigger_wrong_type(rel, att, &stamp_trigger,
								   "an open amount of type numeric, bigint, integer or smallint", NULL);
	return att->attnum;
}

static bool
is_status_type(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type_is_enum(type);
}

/* Looks a column to write up; it must not be one that is read or written already. */
static void
output_column(Stamp *stamp, Relation rel, const char *name, MemoryContext mcxt)
{
	Form_pg_attribute att = dunning_trigger_column(rel, name, &stamp_trigger);
	Oid			type = getBaseType(att->atttypid);
	StampOutput *out = &stamp->output[stamp->outputs];
	Oid			input;

	if (att->attnum == stamp->due_on || att->attnum == stamp->amount ||
		(stamp->outputs > 0 && att->attnum == stamp->output[0].attnum))
		dunning_trigger_named_twice(rel, name, &stamp_trigger);
	if (stamp->outputs == 0 && !is_status_type(type))
		dunning_trigger_wrong_type(rel, att, &stamp_trigger,
								   "a status of type text, character varying or an enum", NULL);
	if (stamp->outputs > 0 && type != INT4OID)
		dunning_trigger_wrong_type(rel, att, &stamp_trigger, "days past due of type integer", NULL);

	getTypeInputInfo(att->atttypid, &input, &out->ioparam);
	fmgr_info_cxt(input, &out->input, mcxt);
	out->attnum = att->attnum;
	out->typmod = att->atttypmod;
	out->typlen = att->attlen;
	out->typbyval = att->attbyval;
	stamp->outputs++;
}

static Stamp *
stamp_setup(FunctionCallInfo fcinfo, const TriggerData *data)
{
	MemoryContext mcxt = fcinfo->flinfo->fn_mcxt;
	const Trigger *trigger = data->tg_trigger;
	Relation	rel = data->tg_relation;
	Stamp	   *stamp = fcinfo->flinfo->fn_extra;
	int			i;

	if (stamp != NULL)
		return stamp;
	stamp = MemoryContextAllocZero(mcxt, sizeof(Stamp));
	stamp->due_on = due_column(rel, trigger->tgargs[0]);
	stamp->amount = amount_column(rel, trigger->tgargs[1], &stamp->amount_type);
	for (i = 2; i < trigger->tgnargs; i++)
		output_column(stamp, rel, trigger->tgargs[i], mcxt);
	fcinfo->flinfo->fn_extra = stamp;
	return stamp;
}

static struct varlena *
amount_numeric(Datum value, Oid type)
{
	int64		whole;

	if (type == NUMERICOID)
		return PG_DETOAST_DATUM_PACKED(value);
	whole = type == INT8OID ? DatumGetInt64(value) :
		type == INT4OID ? DatumGetInt32(value) : DatumGetInt16(value);
	return (struct varlena *) int64_to_numeric(whole);
}

/*
 * set_status(due column, open amount column, status column [, days past due column]):
 * the row with what holds on the real day: dunning.today is for readers.
 * The status is NULL where the due date or the amount is, the days where the
 * due date is or is infinite.
 */
Datum
dunning_set_status(PG_FUNCTION_ARGS)
{
	TriggerData *data = dunning_trigger_data(fcinfo, &stamp_trigger);
	Stamp	   *stamp = stamp_setup(fcinfo, data);
	TupleDesc	desc = RelationGetDescr(data->tg_relation);
	HeapTuple	row = TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newtuple : data->tg_trigtuple;
	DateADT		as_of = dunning_real_date();
	bool		no_due_on;
	bool		no_amount;
	Datum		due_on = heap_getattr(row, stamp->due_on, desc, &no_due_on);
	Datum		amount = heap_getattr(row, stamp->amount, desc, &no_amount);
	const char *text[STAMP_OUTPUTS_MAX] = {NULL, NULL};
	char		days[INTEGER_TEXT_SIZE];
	int			cols[STAMP_OUTPUTS_MAX];
	Datum		values[STAMP_OUTPUTS_MAX];
	bool		nulls[STAMP_OUTPUTS_MAX];
	int			changed = 0;
	int			i;

	if (!no_due_on && !no_amount)
		text[0] = dunning_status_label(amount_numeric(amount, stamp->amount_type),
									   DatumGetDateADT(due_on), as_of);
	if (!no_due_on && dn_day_finite(DatumGetDateADT(due_on)))
	{
		/* the calendar has fewer than 2^31 days */
		pg_ltoa((int32) ((int64) as_of - DatumGetDateADT(due_on)), days);
		text[1] = days;
	}

	for (i = 0; i < stamp->outputs; i++)
	{
		StampOutput *out = &stamp->output[i];
		bool		was_null;
		Datum		was = heap_getattr(row, out->attnum, desc, &was_null);
		/* a NULL goes through the input as well, for a domain that is NOT NULL */
		Datum		value = InputFunctionCall(&out->input, unconstify(char *, text[i]),
											  out->ioparam, out->typmod);

		if (was_null ? text[i] == NULL :
			text[i] != NULL && datum_image_eq(was, value, out->typbyval, out->typlen))
			continue;
		cols[changed] = out->attnum;
		values[changed] = value;
		nulls[changed] = text[i] == NULL;
		changed++;
	}
	if (changed > 0)
		row = heap_modify_tuple_by_cols(row, desc, changed, cols, values, nulls);
	return PointerGetDatum(row);
}
