/*
 * process/watch.c: the trigger that cancels the pending reminders of an item
 * as soon as it is settled or deleted.
 *
 * Whoever posts a payment needs no right on anything of ours, and must not
 * have hidden rows taken for paid ones: the trigger works as the owner of
 * dunning.reminder, as referential integrity does as the owner of a table.
 *
 * XXX two transactions that each pay a part of one item at the same time do
 * not see each other's payment and cancel nothing; the next run does.
 */
#include "trigger.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parse_coerce.h"
#include "parser/parse_func.h"
#include "shell.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(dunning_watch);

static const DunningTrigger watch_trigger = {
	.function = "dunning.watch",
	.timing = TRIGGER_EVENT_AFTER,
	.on_delete = true,
	.least_args = 1,
	.most_args = 2,
	.usage = "AFTER INSERT OR UPDATE OR DELETE ON ... FOR EACH ROW EXECUTE FUNCTION dunning.watch('ledger' [, 'key column'])",
	.missing_hint = "If it was renamed since the ledger was adopted, adopt it again with replace => true."
};

/* How the value of a column becomes text where its type has no key of its own. */
typedef enum WatchText
{
	WATCH_TEXT_NONE,			/* it has, or is text already */
	WATCH_TEXT_CAST,			/* by the function of a cast */
	WATCH_TEXT_OUTPUT			/* by the type's output */
} WatchText;

/* A column that names items, and the way from its value to a key. */
typedef struct WatchColumn
{
	int			attnum;
	int16		typlen;
	bool		typbyval;
	const char *delete_reason;	/* why an item is settled after a DELETE */
	WatchText	how;
	FmgrInfo	to_text;
	FmgrInfo	to_key;			/* dunning.item_key of the type, or of text */
} WatchColumn;

#define CAST_ARGS_MAX 3			/* value, type modifier, whether explicit */
#define WATCH_COLUMNS_MAX 3		/* the table is the items, the payments, has a column of its own, or all of it */

/* What is looked up once a statement, kept in fn_extra. */
typedef struct Watch
{
	Datum		ledger;			/* name */
	Oid			key_type;		/* dunning.item_key */
	FmgrInfo	settle;
	int			columns;
	WatchColumn column[WATCH_COLUMNS_MAX];
} Watch;

static Oid
schema_relation_owner(const char *relname)
{
	Oid			relid = get_relname_relid(relname, get_namespace_oid(DUNNING_SCHEMA, false));
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "relation \"%s.%s\" does not exist", DUNNING_SCHEMA, relname);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

static void
schema_function(const char *name, int nargs, const Oid *argtypes, FmgrInfo *function, MemoryContext mcxt)
{
	List	   *qualified = list_make2(makeString(DUNNING_SCHEMA), makeString(pstrdup(name)));

	fmgr_info_cxt(LookupFuncName(qualified, nargs, argtypes, false), function, mcxt);
}

/*
 * The same conversion as dunning.key_sql writes into the view: item_key of the
 * type under domains where there is one, otherwise of the cast to text.
 */
static void
key_conversion(WatchColumn *column, Oid type, MemoryContext mcxt)
{
	Oid			cast;
	bool		is_varlena;

	type = getBaseType(type);
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case TEXTOID:
		case BPCHAROID:
		case UUIDOID:
			break;
		default:
			switch (find_coercion_pathway(TEXTOID, type, COERCION_EXPLICIT, &cast))
			{
				case COERCION_PATH_RELABELTYPE:
					break;
				case COERCION_PATH_FUNC:
					column->how = WATCH_TEXT_CAST;
					fmgr_info_cxt(cast, &column->to_text, mcxt);
					break;
				default:
					column->how = WATCH_TEXT_OUTPUT;
					getTypeOutputInfo(type, &cast, &is_varlena);
					fmgr_info_cxt(cast, &column->to_text, mcxt);
					break;
			}
			type = TEXTOID;
			break;
	}
	schema_function("item_key", 1, &type, &column->to_key, mcxt);
}

/* Calls the function of a cast, which takes up to three arguments. */
static Datum
cast_to_text(FmgrInfo *cast, Datum value)
{
	LOCAL_FCINFO(call, CAST_ARGS_MAX);
	Datum		result;

	InitFunctionCallInfoData(*call, cast, cast->fn_nargs, DEFAULT_COLLATION_OID, NULL, NULL);
	call->args[0] = (NullableDatum) {value, false};
	call->args[1] = (NullableDatum) {Int32GetDatum(-1), false}; /* no type modifier */
	call->args[2] = (NullableDatum) {BoolGetDatum(true), false};	/* explicit */
	result = FunctionCallInvoke(call);
	if (call->isnull)
		elog(ERROR, "function %u returned NULL", cast->fn_oid);
	return result;
}

static Datum
key_of(WatchColumn *column, Datum value)
{
	if (column->how == WATCH_TEXT_OUTPUT)
		value = CStringGetTextDatum(OutputFunctionCall(&column->to_text, value));
	else if (column->how == WATCH_TEXT_CAST)
		value = cast_to_text(&column->to_text, value);
	return FunctionCall1(&column->to_key, value);
}

static char *
relation_name(Oid relid)
{
	char	   *name = get_rel_name(relid);

	if (name == NULL)
		return pstrdup("a table that was dropped");
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), name);
}

static SPIPlanPtr
kept_plan(const char *query, int nargs, Oid *argtypes)
{
	SPIPlanPtr	plan = SPI_prepare(query, nargs, argtypes);

	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare \"%s\": %s", query, SPI_result_code_string(SPI_result));
	return plan;
}

/* The ledger's row in dunning.ledger; a name that is NULL is not mapped. */
typedef struct WatchLedger
{
	Oid			relation;
	Oid			payments;		/* InvalidOid: none */
	char	   *key;
	char	   *payment_item;
} WatchLedger;

/* Reads the ledger; error 42704 if it does not exist.  Needs an SPI connection. */
static void
read_ledger(Datum ledger, const TriggerData *data, WatchLedger *found)
{
	static SPIPlanPtr plan = NULL;
	Oid			argtype = NAMEOID;
	TupleDesc	desc;
	HeapTuple	row;
	bool		isnull;

	if (plan == NULL)
		plan = kept_plan("SELECT l.relation, l.payments,"
						 " pg_catalog.jsonb_extract_path_text(l.columns, 'key'),"
						 " pg_catalog.jsonb_extract_path_text(l.columns, 'payments', 'item')"
						 " FROM " DUNNING_SCHEMA ".ledger AS l"
						 " WHERE l.ledger OPERATOR(pg_catalog.=) $1", 1, &argtype);
	if (SPI_execute_plan(plan, &ledger, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_plan failed");
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("ledger \"%s\" does not exist", NameStr(*DatumGetName(ledger))),
				 errdetail("The trigger \"%s\" on table \"%s\" was left behind: dunning.release drops those of its ledger.",
						   data->tg_trigger->tgname, RelationGetRelationName(data->tg_relation)),
				 data->tg_trigger->tgisclone ?
				 errhint("Drop it on the partitioned table that has it.") :
				 errhint("Drop it: DROP TRIGGER %s ON %s.", quote_identifier(data->tg_trigger->tgname),
						 relation_name(RelationGetRelid(data->tg_relation)))));
	row = SPI_tuptable->vals[0];
	desc = SPI_tuptable->tupdesc;
	found->relation = DatumGetObjectId(SPI_getbinval(row, desc, 1, &isnull));
	found->payments = DatumGetObjectId(SPI_getbinval(row, desc, 2, &isnull));
	if (isnull)
		found->payments = InvalidOid;
	found->key = SPI_getvalue(row, desc, 3);
	found->payment_item = SPI_getvalue(row, desc, 4);
}

static void
add_column(Watch *watch, Relation rel, const char *name, const char *delete_reason, MemoryContext mcxt)
{
	Form_pg_attribute att = dunning_trigger_column(rel, name, &watch_trigger);
	WatchColumn *column = &watch->column[watch->columns++];

	column->attnum = att->attnum;
	column->typlen = att->attlen;
	column->typbyval = att->attbyval;
	column->delete_reason = delete_reason;
	key_conversion(column, att->atttypid, mcxt);
}

/* Finds out what the trigger's table is to the ledger.  Runs as the owner. */
static Watch *
watch_setup(FunctionCallInfo fcinfo, const TriggerData *data)
{
	MemoryContext mcxt = fcinfo->flinfo->fn_mcxt;
	Relation	rel = data->tg_relation;
	Watch	   *watch = fcinfo->flinfo->fn_extra;
	List	   *tables;
	WatchLedger ledger;
	MemoryContext old;
	Oid			settle_args[3] = {NAMEOID, InvalidOid, TEXTOID};

	if (watch != NULL)
		return watch;
	tables = list_make1_oid(RelationGetRelid(rel));
	if (rel->rd_rel->relispartition)
		tables = list_concat(tables, get_partition_ancestors(RelationGetRelid(rel)));

	old = MemoryContextSwitchTo(mcxt);
	watch = palloc0(sizeof(Watch));
	watch->ledger = DirectFunctionCall1(namein, CStringGetDatum(data->tg_trigger->tgargs[0]));
	MemoryContextSwitchTo(old);
	SPI_connect();
	read_ledger(watch->ledger, data, &ledger);
	if (list_member_oid(tables, ledger.relation))
		add_column(watch, rel, ledger.key, "item deleted", mcxt);
	if (OidIsValid(ledger.payments) && list_member_oid(tables, ledger.payments))
		add_column(watch, rel, ledger.payment_item, "settled", mcxt);
	/* a table under the views of a ledger says itself which column names items */
	if (data->tg_trigger->tgnargs > 1)
		add_column(watch, rel, data->tg_trigger->tgargs[1], "settled", mcxt);
	if (watch->columns == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relation \"%s\" is neither the table nor the payments of ledger \"%s\"",
						RelationGetRelationName(rel), NameStr(*DatumGetName(watch->ledger))),
				 OidIsValid(ledger.payments) ?
				 errdetail("Its table is %s and its payments are in %s.",
						   relation_name(ledger.relation), relation_name(ledger.payments)) :
				 errdetail("Its table is %s, and it has no table of payments.",
						   relation_name(ledger.relation)),
				 errhint("dunning.watch_ledger attaches the trigger where it belongs.")));
	SPI_finish();

	watch->key_type = settle_args[1] = get_func_rettype(watch->column[0].to_key.fn_oid);
	schema_function("watch_settle", 3, settle_args, &watch->settle, mcxt);
	fcinfo->flinfo->fn_extra = watch;
	return watch;
}

/* Whether an UPDATE left the row as it was, as suppress_redundant_updates_trigger sees it. */
static bool
same_row(HeapTuple a, HeapTuple b)
{
	return a->t_len == b->t_len &&
		a->t_data->t_hoff == b->t_data->t_hoff &&
		HeapTupleHeaderGetNatts(a->t_data) == HeapTupleHeaderGetNatts(b->t_data) &&
		(a->t_data->t_infomask & ~HEAP_XACT_MASK) == (b->t_data->t_infomask & ~HEAP_XACT_MASK) &&
		memcmp((char *) a->t_data + SizeofHeapTupleHeader,
			   (char *) b->t_data + SizeofHeapTupleHeader,
			   a->t_len - SizeofHeapTupleHeader) == 0;
}

/*
 * Whether an item has a pending reminder.  Most payments are for items that
 * have none, and for those this look-up is all that is done: settling reads
 * the item and its payments first.
 */
static bool
has_pending(Datum ledger, Datum key, Oid key_type)
{
	static SPIPlanPtr plan = NULL;
	static Oid	plan_key_type = InvalidOid;
	Oid			argtypes[2] = {NAMEOID, key_type};
	Datum		args[2] = {ledger, key};
	bool		found;

	SPI_connect();
	if (plan != NULL && plan_key_type != key_type)
	{
		/* the extension was dropped and created again */
		SPI_freeplan(plan);
		plan = NULL;
	}
	if (plan == NULL)
	{
		plan = kept_plan("SELECT FROM " DUNNING_SCHEMA ".reminder AS r"
						 " WHERE r.ledger OPERATOR(pg_catalog.=) $1 AND r.item OPERATOR(pg_catalog.=) $2"
						 " AND r.state OPERATOR(pg_catalog.=) 'pending'", 2, argtypes);
		plan_key_type = key_type;
	}
	if (SPI_execute_plan(plan, args, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_plan failed");
	found = SPI_processed > 0;
	SPI_finish();
	return found;
}

static void
settle_item(Watch *watch, WatchColumn *column, Datum value, const char *reason)
{
	Datum		key = key_of(column, value);

	if (has_pending(watch->ledger, key, watch->key_type))
		FunctionCall3(&watch->settle, watch->ledger, key, CStringGetTextDatum(reason));
}

/* Settles the items that one column names in the rows; new_row may be NULL. */
static void
settle_column(Watch *watch, WatchColumn *column, TupleDesc desc,
			  HeapTuple row, HeapTuple new_row, const char *reason)
{
	bool		isnull;
	bool		new_isnull = true;
	Datum		value = heap_getattr(row, column->attnum, desc, &isnull);
	Datum		new_value = (Datum) 0;

	if (new_row != NULL)
		new_value = heap_getattr(new_row, column->attnum, desc, &new_isnull);
	if (!isnull)
		settle_item(watch, column, value, reason);
	if (!new_isnull &&
		(isnull || !datum_image_eq(value, new_value, column->typbyval, column->typlen)))
		settle_item(watch, column, new_value, reason);
}

/*
 * watch(ledger [, column]): calls dunning.settle for the items that the row
 * named before and names now, in the transaction of the change.
 */
Datum
dunning_watch(PG_FUNCTION_ARGS)
{
	TriggerData *data = dunning_trigger_data(fcinfo, &watch_trigger);
	bool		deleted = TRIGGER_FIRED_BY_DELETE(data->tg_event);
	HeapTuple	new_row = TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newtuple : NULL;
	Watch	   *watch;
	Oid			user;
	int			context;
	int			i;

	if (new_row != NULL && same_row(data->tg_trigtuple, new_row))
		return PointerGetDatum(NULL);

	/* an error restores the user as the transaction or subtransaction ends */
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(schema_relation_owner("reminder"),
						   context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	watch = watch_setup(fcinfo, data);
	for (i = 0; i < watch->columns; i++)
		settle_column(watch, &watch->column[i], RelationGetDescr(data->tg_relation),
					  data->tg_trigtuple, new_row,
					  deleted ? watch->column[i].delete_reason : "settled");
	SetUserIdAndSecContext(user, context);
	return PointerGetDatum(NULL);
}
