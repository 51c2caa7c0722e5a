/*
 * watch/watch.c: the row trigger that notes which items a row named before and
 * names now.  At the end of the statement their pending reminders are
 * cancelled, if they are settled or deleted.
 *
 * Whoever posts a payment needs no right on anything of ours.  Three roles
 * take part, and each does only what is its own:
 *
 * - the caller: the key of an item, by the output function of its type;
 * - the owner of dunning.reminder: our own tables, as referential integrity
 *   does as the owner of a table;
 * - the role that a ledger is read as (dunning.ledger_reader): the relations
 *   of the ledger with all that is in them (ledger.c).
 */
#include "watch/watch.h"

#include "access/htup_details.h"
#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "shell.h"
#include "trigger.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(dunning_watch);

static const DunningTrigger watch_trigger = {
	.function = "_dunning.watch",
	.timing = TRIGGER_EVENT_AFTER,
	.on_delete = true,
	.least_args = 1,
	.most_args = 1,
	.usage = "AFTER INSERT OR UPDATE OR DELETE ON ... FOR EACH ROW EXECUTE FUNCTION _dunning.watch('ledger')"
};

/* A column that names items, and the way from its value to a key. */
typedef struct WatchColumn
{
	int			attnum;
	int16		typlen;
	bool		typbyval;
	bool		own_row;		/* a row of the table is the item itself */
	bool		by_text;		/* the key is that of the value's text */
	FmgrInfo	to_text;		/* the output function of its type, if so */
	FmgrInfo	to_key;			/* dunning.item_key of the type, or of text */
} WatchColumn;

/* What is looked up once a statement, kept in fn_extra. */
typedef struct Watch
{
	MemoryContext mcxt;
	WatchedLedger *ledger;
	uint64		end_asked;		/* the end of the statement that was asked for */
	int			columns;
	WatchColumn column[FLEXIBLE_ARRAY_MEMBER];
} Watch;

static char *
relation_name(Oid relid)
{
	char	   *name = get_rel_name(relid);

	if (name == NULL)
		return pstrdup("a table that was dropped");
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), name);
}

/*
 * Setting up
 */

static void
schema_function(const char *name, Oid argtype, FmgrInfo *function, MemoryContext mcxt)
{
	List	   *qualified = list_make2(makeString(DUNNING_SCHEMA), makeString(pstrdup(name)));

	fmgr_info_cxt(LookupFuncName(qualified, 1, &argtype, false), function, mcxt);
}

/*
 * The same conversion as _dunning.key_sql writes into the query of the ledger:
 * item_key of the type under domains where there is one, otherwise of the text
 * by the type's output function.  Never by a cast: the owner of a type makes
 * its casts, and nobody but a superuser its output function.
 */
static void
key_conversion(WatchColumn *column, Oid type, MemoryContext mcxt)
{
	Oid			output;
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
		case VARCHAROID:
			type = TEXTOID;
			break;
		default:
			column->by_text = true;
			getTypeOutputInfo(type, &output, &is_varlena);
			fmgr_info_cxt(output, &column->to_text, mcxt);
			type = TEXTOID;
			break;
	}
	schema_function("item_key", type, &column->to_key, mcxt);
}

static Datum
key_of(WatchColumn *column, Datum value)
{
	if (column->by_text)
		value = CStringGetTextDatum(OutputFunctionCall(&column->to_text, value));
	return PointerGetDatum(PG_DETOAST_DATUM_PACKED(FunctionCall1(&column->to_key, value)));
}

pg_noreturn static void
not_watched(const TriggerData *data)
{
	Oid			relid = RelationGetRelid(data->tg_relation);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("relation \"%s\" is not watched for ledger \"%s\"",
					RelationGetRelationName(data->tg_relation), data->tg_trigger->tgargs[0]),
			 errdetail("The trigger \"%s\" was left behind, or neither dunning.watch_ledger nor dunning.watch_table made it.",
					   data->tg_trigger->tgname),
			 data->tg_trigger->tgisclone ?
			 errhint("Drop it on the partitioned table that has it.") :
			 errhint("Drop it: DROP TRIGGER %s ON %s.", quote_identifier(data->tg_trigger->tgname),
					 relation_name(relid))));
}

/*
 * The attribute of the trigger's table behind a column of the watched one: the
 * same table, or a partitioned one above it, whose columns every partition has
 * under the same names.  NULL if the column was dropped or has another type.
 */
static Form_pg_attribute
watched_attribute(Relation rel, Oid watched, AttrNumber attnum, Oid type)
{
	Form_pg_attribute att;

	if (watched != RelationGetRelid(rel))
	{
		HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(watched), Int16GetDatum(attnum));

		if (!HeapTupleIsValid(tuple))
			return NULL;
		att = (Form_pg_attribute) GETSTRUCT(tuple);
		attnum = att->attisdropped ? InvalidAttrNumber :
			get_attnum(RelationGetRelid(rel), NameStr(att->attname));
		ReleaseSysCache(tuple);
	}
	if (attnum <= 0 || attnum > RelationGetDescr(rel)->natts)
		return NULL;
	att = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	return att->attisdropped || att->atttypid != type ? NULL : att;
}

/* Takes a row of _dunning.watched; a column that is not what it was is left out. */
static void
add_column(Watch *watch, Relation rel, HeapTuple row, TupleDesc desc)
{
	bool		unknown;
	bool		untyped;
	bool		isnull;
	AttrNumber	attnum = DatumGetInt16(SPI_getbinval(row, desc, 1, &unknown));
	Oid			type = DatumGetObjectId(SPI_getbinval(row, desc, 2, &untyped));
	char	   *what = SPI_getvalue(row, desc, 3);
	Oid			watched = DatumGetObjectId(SPI_getbinval(row, desc, 5, &isnull));
	Form_pg_attribute att = unknown || untyped ? NULL : watched_attribute(rel, watched, attnum, type);
	WatchColumn *column = &watch->column[watch->columns];

	if (att == NULL)
	{
		ereport(WARNING,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("reminders of ledger \"%s\" are not followed: column \"%s\" of %s was dropped or has another type",
						NameStr(watch->ledger->name), SPI_getvalue(row, desc, 4), relation_name(watched)),
				 errhint("Adopt the ledger again with replace => true, or SELECT dunning.unwatch_ledger(%s). The next run cancels what was settled.",
						 quote_literal_cstr(NameStr(watch->ledger->name)))));
		return;
	}
	column->attnum = att->attnum;
	column->typlen = att->attlen;
	column->typbyval = att->attbyval;
	column->own_row = strcmp(what, "item") == 0;
	key_conversion(column, type, watch->mcxt);
	watch->columns++;
}

/* Finds out which columns of the trigger's table, or of one above it, name items.  Runs as the owner. */
static Watch *
watch_setup(const TriggerData *data, MemoryContext mcxt)
{
	static KeptPlan kept = {NULL, InvalidOid};
	Relation	rel = data->tg_relation;
	List	   *tables = list_make1_oid(RelationGetRelid(rel));
	Oid			argtype = NAMEOID;
	Datum		arg = DirectFunctionCall1(namein, CStringGetDatum(data->tg_trigger->tgargs[0]));
	Watch	   *watch;
	bool		watched = false;
	uint64		i;

	if (rel->rd_rel->relispartition)
		tables = list_concat(tables, get_partition_ancestors(RelationGetRelid(rel)));
	SPI_connect();
	dunning_run_plan(dunning_keep_plan(&kept, InvalidOid,
									   "SELECT w.attnum, w.type, w.what, w.column_name, w.relation FROM " DUNNING_INTERNAL ".watched AS w"
									   " WHERE w.ledger OPERATOR(pg_catalog.=) $1", 1, &argtype),
					 &arg, true, SPI_OK_SELECT);
	watch = MemoryContextAllocZero(mcxt, offsetof(Watch, column) + sizeof(WatchColumn) * SPI_processed);
	watch->mcxt = mcxt;
	watch->ledger = dunning_watched_ledger(NameStr(*DatumGetName(arg)));
	for (i = 0; i < SPI_processed; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		bool		isnull;

		if (!list_member_oid(tables, DatumGetObjectId(SPI_getbinval(row, SPI_tuptable->tupdesc, 5, &isnull))))
			continue;
		watched = true;
		add_column(watch, rel, row, SPI_tuptable->tupdesc);
	}
	if (!watched)
		not_watched(data);
	SPI_finish();
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

/* Notes the items that one column names in the rows; new_row may be NULL. */
static void
note_column(Watch *watch, WatchColumn *column, TupleDesc desc,
			HeapTuple row, HeapTuple new_row, bool deleted)
{
	bool		isnull;
	bool		new_isnull = true;
	Datum		value = heap_getattr(row, column->attnum, desc, &isnull);
	Datum		new_value = (Datum) 0;

	if (new_row != NULL)
		new_value = heap_getattr(new_row, column->attnum, desc, &new_isnull);
	if (!isnull)
		dunning_note(watch->ledger, key_of(column, value), deleted && column->own_row);
	if (!new_isnull &&
		(isnull || !datum_image_eq(value, new_value, column->typbyval, column->typlen)))
		dunning_note(watch->ledger, key_of(column, new_value), false);
}

/*
 * watch(ledger): has the pending reminders of the items that the row named
 * before and names now cancelled at the end of the statement, or at once by a
 * trigger that is deferrable, and so may be fired after it.
 */
Datum
dunning_watch(PG_FUNCTION_ARGS)
{
	TriggerData *data = dunning_trigger_data(fcinfo, &watch_trigger);
	HeapTuple	new_row = TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newtuple : NULL;
	Watch	   *watch = fcinfo->flinfo->fn_extra;
	int			i;

	if (new_row != NULL && same_row(data->tg_trigtuple, new_row))
		return PointerGetDatum(NULL);
	if (watch == NULL)
	{
		Caller		caller = dunning_become_owner(dunning_relation_owner(dunning_own_relation(DUNNING_INTERNAL, "watched")));

		watch = watch_setup(data, fcinfo->flinfo->fn_mcxt);
		dunning_become_again(caller);
		fcinfo->flinfo->fn_extra = watch;
	}
	if (!data->tg_trigger->tgdeferrable)
		dunning_ask_for_end(&watch->end_asked);
	for (i = 0; i < watch->columns; i++)
		note_column(watch, &watch->column[i], RelationGetDescr(data->tg_relation),
					data->tg_trigtuple, new_row, TRIGGER_FIRED_BY_DELETE(data->tg_event));
	if (data->tg_trigger->tgdeferrable)
		dunning_settle_noted();
	return PointerGetDatum(NULL);
}
