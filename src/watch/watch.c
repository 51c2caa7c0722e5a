/*
 * watch/watch.c: the trigger that cancels the pending reminders of an item
 * as soon as it is settled or deleted.
 *
 * Whoever posts a payment needs no right on anything of ours.  Three roles
 * take part, and each does only what is its own:
 *
 * - the caller: the key of an item, by the output function of its type;
 * - the owner of dunning.reminder: our own tables, as referential integrity
 *   does as the owner of a table;
 * - the role that a ledger is read as (dunning.ledger_reader): the relations
 *   of the ledger with all that is in them, in a security-restricted
 *   operation, as REFRESH MATERIALIZED VIEW does.
 *
 * Payments of one item that overlap wait for each other at its pending
 * reminders and then read with the latest snapshot, as referential integrity
 * does: the last one sees all of them, also under REPEATABLE READ.
 *
 * XXX two transactions that pay the same two items in opposite order end in a
 * deadlock while both items have pending reminders, as two that update the
 * items themselves would.
 * XXX a volatile function in a view of the ledger takes a snapshot of its own,
 * which under REPEATABLE READ is that of the transaction.
 */
#include "trigger.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "item/today.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "shell.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
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
	NameData	ledger;
	Oid			key_type;		/* dunning.item_key */
	Oid			reminder;		/* the table dunning.reminder */
	Oid			owner;			/* of that table */
	bool		looked_up;		/* whether the next three are known */
	bool		readable;
	Oid			reader;			/* the role that the ledger is read as */
	char	   *query;			/* of its parts as of the day $1 */
	bool		warned;			/* it was said that the ledger is not followed */
	int			columns;
	WatchColumn column[FLEXIBLE_ARRAY_MEMBER];
} Watch;

/* What the ledger says of an item: SQL values. */
typedef struct WatchItem
{
	Datum		seen;			/* boolean: it is there */
	Datum		parts;			/* integer[]: its parts */
	Datum		open_parts;		/* integer[]: those that are not settled */
	Datum		known;			/* boolean: amount and due date of each are known */
} WatchItem;

/* Who we were before we became somebody else. */
typedef struct Caller
{
	Oid			user;
	int			context;
} Caller;

/* An error restores the caller as the transaction or subtransaction ends. */
static Caller
become_owner(Oid owner)
{
	Caller		caller;

	GetUserIdAndSecContext(&caller.user, &caller.context);
	SetUserIdAndSecContext(owner, caller.context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	return caller;
}

static void
become_again(Caller caller)
{
	SetUserIdAndSecContext(caller.user, caller.context);
}

static Oid
relation_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

static char *
relation_name(Oid relid)
{
	char	   *name = get_rel_name(relid);

	if (name == NULL)
		return pstrdup("a table that was dropped");
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), name);
}

/*
 * Plans and snapshots
 */

/* A plan of the session; one of an old key type is of an extension that was dropped. */
typedef struct KeptPlan
{
	SPIPlanPtr	plan;
	Oid			key_type;
} KeptPlan;

/* The plan of a query.  Needs an SPI connection. */
static SPIPlanPtr
keep_plan(KeptPlan *kept, Oid key_type, const char *query, int nargs, Oid *argtypes)
{
	SPIPlanPtr	plan;

	if (kept->plan != NULL && kept->key_type == key_type && SPI_plan_is_valid(kept->plan))
		return kept->plan;
	plan = SPI_prepare(query, nargs, argtypes);
	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare \"%s\": %s", query, SPI_result_code_string(SPI_result));
	if (kept->plan != NULL)
		SPI_freeplan(kept->plan);
	kept->plan = plan;
	kept->key_type = key_type;
	return plan;
}

/* Runs a plan with the latest snapshot, whatever the isolation level. */
static void
run_plan(SPIPlanPtr plan, Datum *args, bool read_only, int expected)
{
	int			result = SPI_execute_snapshot(plan, args, NULL, GetLatestSnapshot(),
											  InvalidSnapshot, read_only, true, 0);

	if (result != expected)
		elog(ERROR, "SPI_execute_snapshot failed: %s", SPI_result_code_string(result));
}

/* A value of the first row, copied out of SPI's memory; none of ours is NULL. */
static Datum
first_row_value(int column, MemoryContext mcxt)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;
	Form_pg_attribute att = TupleDescAttr(desc, column - 1);
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[0], desc, column, &isnull);
	MemoryContext old;

	if (isnull)
		elog(ERROR, "column %d of a query is NULL", column);
	old = MemoryContextSwitchTo(mcxt);
	value = datumCopy(value, att->attbyval, att->attlen);
	MemoryContextSwitchTo(old);
	return value;
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
	return FunctionCall1(&column->to_key, value);
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
						NameStr(watch->ledger), SPI_getvalue(row, desc, 4), relation_name(watched)),
				 errhint("Adopt the ledger again with replace => true, or SELECT dunning.unwatch_ledger(%s). The next run cancels what was settled.",
						 quote_literal_cstr(NameStr(watch->ledger)))));
		return;
	}
	column->attnum = att->attnum;
	column->typlen = att->attlen;
	column->typbyval = att->attbyval;
	column->own_row = strcmp(what, "item") == 0;
	key_conversion(column, type, watch->mcxt);
	watch->key_type = get_func_rettype(column->to_key.fn_oid);
	watch->columns++;
}

/* The trigger's table and the partitioned tables above it, an oidvector */
static Datum
table_and_ancestors(Relation rel)
{
	List	   *tables = list_make1_oid(RelationGetRelid(rel));
	Oid		   *oids;
	int			n = 0;
	ListCell   *cell;

	if (rel->rd_rel->relispartition)
		tables = list_concat(tables, get_partition_ancestors(RelationGetRelid(rel)));
	oids = palloc(list_length(tables) * sizeof(Oid));
	foreach(cell, tables)
		oids[n++] = lfirst_oid(cell);
	return PointerGetDatum(buildoidvector(oids, n));
}

/* Finds out which columns of the trigger's table name items.  Runs as the owner. */
static Watch *
watch_setup(const TriggerData *data, MemoryContext mcxt)
{
	static KeptPlan kept = {NULL, InvalidOid};
	Oid			argtypes[2] = {NAMEOID, OIDVECTOROID};
	Datum		args[2];
	Watch	   *watch;
	uint64		i;

	args[0] = DirectFunctionCall1(namein, CStringGetDatum(data->tg_trigger->tgargs[0]));
	args[1] = table_and_ancestors(data->tg_relation);
	SPI_connect();
	run_plan(keep_plan(&kept, InvalidOid,
					   "SELECT w.attnum, w.type, w.what, w.column_name, w.relation FROM " DUNNING_INTERNAL ".watched AS w"
					   " WHERE w.ledger OPERATOR(pg_catalog.=) $1 AND w.relation OPERATOR(pg_catalog.=) ANY ($2)"
					   " ORDER BY w.what, w.attnum", 2, argtypes),
			 args, true, SPI_OK_SELECT);
	if (SPI_processed == 0)
		not_watched(data);
	watch = MemoryContextAllocZero(mcxt, offsetof(Watch, column) + sizeof(WatchColumn) * SPI_processed);
	watch->mcxt = mcxt;
	namestrcpy(&watch->ledger, NameStr(*DatumGetName(args[0])));
	for (i = 0; i < SPI_processed; i++)
		add_column(watch, data->tg_relation, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
	SPI_finish();
	return watch;
}

/* Says once a statement that a ledger is not followed; the texts may be NULL. */
static void
warn(Watch *watch, int sqlstate, const char *why, const char *hint)
{
	if (!watch->warned)
		ereport(WARNING,
				(errcode(sqlstate),
				 errmsg("reminders of ledger \"%s\" are not followed: %s", NameStr(watch->ledger), why),
				 OidIsValid(watch->reader) ?
				 errdetail("The ledger is read as the role \"%s\".", GetUserNameFromId(watch->reader, true)) : 0,
				 errhint("%s The next run cancels what was settled.", hint)));
	watch->warned = true;
}

/*
 * What the session knows of a ledger, by its name.  Finding out as whom it is
 * read walks through all that stands behind it; so the answer is kept until a
 * relation or a role of the database changes.  An adoption changes some, since
 * it drops the triggers and makes new ones.
 */
typedef struct KnownLedger
{
	NameData	ledger;			/* the key of the hash table */
	bool		readable;		/* whether the next three are known */
	uint64		generation;		/* of catalog changes */
	Oid			reader;
	char	   *query;
	char	   *planned;		/* the query that the plan is of */
	KeptPlan	kept;
} KnownLedger;

#define KNOWN_LEDGERS 16		/* to begin with */

static uint64 catalog_generation = 0;

static void
relation_changed(Datum arg pg_attribute_unused(), Oid relid pg_attribute_unused())
{
	catalog_generation++;
}

static void
role_changed(Datum arg pg_attribute_unused(), int cacheid pg_attribute_unused(),
			 uint32 hashvalue pg_attribute_unused())
{
	catalog_generation++;
}

static KnownLedger *
known_ledger(const NameData *ledger)
{
	static HTAB *ledgers = NULL;
	KnownLedger *known;
	bool		found;

	if (ledgers == NULL)
	{
		HASHCTL		info = {.keysize = sizeof(NameData), .entrysize = sizeof(KnownLedger)};

		ledgers = hash_create("_dunning.watch", KNOWN_LEDGERS, &info, HASH_ELEM | HASH_BLOBS);
		CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
		CacheRegisterSyscacheCallback(AUTHOID, role_changed, (Datum) 0);
		CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, role_changed, (Datum) 0);
	}
	known = hash_search(ledgers, ledger, HASH_ENTER, &found);
	if (!found)
		memset((char *) known + sizeof(NameData), 0, sizeof(KnownLedger) - sizeof(NameData));
	return known;
}

/* A text of the session in place of another one, which may be NULL. */
static char *
session_text(char *old, const char *text)
{
	char	   *copy = MemoryContextStrdup(TopMemoryContext, text);

	if (old != NULL)
		pfree(old);
	return copy;
}

/*
 * How the ledger is read: as whom, and by which query.  Looked up when the
 * first item with a pending reminder comes along.  Runs as the owner.
 */
static bool
may_read(Watch *watch)
{
	static KeptPlan kept = {NULL, InvalidOid};
	Oid			argtype = NAMEOID;
	Datum		arg = NameGetDatum(&watch->ledger);
	KnownLedger *known = known_ledger(&watch->ledger);
	uint64		generation = catalog_generation;
	Oid			user;
	int			context;

	if (watch->looked_up)
		return watch->readable;
	watch->looked_up = true;
	if (known->readable && known->generation == generation)
	{
		watch->reader = known->reader;
		watch->query = MemoryContextStrdup(watch->mcxt, known->query);
		return watch->readable = true;
	}
	known->readable = false;

	/* asked for here is what is hidden without that privilege of ours */
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(user, context & ~SECURITY_NOFORCE_RLS);
	SPI_connect();
	run_plan(keep_plan(&kept, watch->key_type,
					   "SELECT coalesce(l.reader, 0), coalesce(" DUNNING_INTERNAL ".rows_hidden(l.ledger, l.reader), false), l.query"
					   " FROM (SELECT s.ledger, " DUNNING_SCHEMA ".ledger_reader(s.ledger) AS reader,"
					   " " DUNNING_INTERNAL ".parts_query(" DUNNING_INTERNAL ".ledger_source(s.ledger)) AS query"
					   " FROM " DUNNING_SCHEMA ".ledger AS s"
					   " WHERE s.ledger OPERATOR(pg_catalog.=) $1) AS l", 1, &argtype),
			 &arg, true, SPI_OK_SELECT);
	if (SPI_processed == 0)
		warn(watch, ERRCODE_UNDEFINED_OBJECT, "the ledger does not exist", "Adopt it again.");
	else
	{
		watch->reader = DatumGetObjectId(first_row_value(1, watch->mcxt));
		watch->query = text_to_cstring(DatumGetTextPP(first_row_value(3, watch->mcxt)));
		watch->query = MemoryContextStrdup(watch->mcxt, watch->query);
		watch->readable = OidIsValid(watch->reader) && !DatumGetBool(first_row_value(2, watch->mcxt));
		if (!OidIsValid(watch->reader))
			warn(watch, ERRCODE_INSUFFICIENT_PRIVILEGE, "there is no role as which it can be read",
				 psprintf("Give what it reads to one role: SELECT * FROM _dunning.relations_behind(%s).",
						  quote_literal_cstr(NameStr(watch->ledger))));
		else if (!watch->readable)
			warn(watch, ERRCODE_INSUFFICIENT_PRIVILEGE, "row-level security hides rows of it",
				 "Let that role see all rows.");
	}
	SPI_finish();
	SetUserIdAndSecContext(user, context);
	if (watch->readable)
	{
		known->query = session_text(known->query, watch->query);
		known->reader = watch->reader;
		known->generation = generation;
		known->readable = true;
	}
	return watch->readable;
}

/*
 * Pending reminders
 */

/* A pending reminder: its number and where its row is. */
typedef struct Pending
{
	int64		reminder;
	ItemPointerData tid;
} Pending;

static int
by_number(const void *a, const void *b)
{
	int64		x = ((const Pending *) a)->reminder;
	int64		y = ((const Pending *) b)->reminder;

	return x < y ? -1 : x > y;
}

/*
 * The pending reminders of an item by the latest snapshot, in the order of
 * their numbers; returns how many.  Most payments are for items that have none,
 * and for those this look-up is all that is done.
 */
static int
find_pending(Watch *watch, Datum key, Pending **pending)
{
	static KeptPlan kept = {NULL, InvalidOid};
	Oid			argtypes[2] = {NAMEOID, watch->key_type};
	Datum		args[2] = {NameGetDatum(&watch->ledger), key};
	int			n;
	int			i;

	SPI_connect();
	run_plan(keep_plan(&kept, watch->key_type,
					   "SELECT r.reminder, r.ctid FROM " DUNNING_SCHEMA ".reminder AS r"
					   " WHERE r.ledger OPERATOR(pg_catalog.=) $1 AND r.item OPERATOR(pg_catalog.=) $2"
					   " AND r.state OPERATOR(pg_catalog.=) 'pending'", 2, argtypes),
			 args, true, SPI_OK_SELECT);
	n = (int) SPI_processed;
	*pending = n > 0 ? SPI_palloc(n * sizeof(Pending)) : NULL;
	for (i = 0; i < n; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		bool		isnull;

		(*pending)[i].reminder = DatumGetInt64(SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &isnull));
		(*pending)[i].tid = *(ItemPointer) DatumGetPointer(SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &isnull));
	}
	SPI_finish();
	if (n > 1)
		qsort(*pending, n, sizeof(Pending), by_number);
	return n;
}

/*
 * Locks pending reminders.  One that another transaction cancelled or sent
 * meanwhile is locked in its last version, where FOR UPDATE under REPEATABLE
 * READ would be an error.
 */
static void
lock_pending(Watch *watch, Pending *pending, int n)
{
	Relation	rel = table_open(watch->reminder, RowShareLock);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	int			i;

	for (i = 0; i < n; i++)
	{
		TM_FailureData failure;

		/* what was deleted meanwhile needs no lock */
		(void) table_tuple_lock(rel, &pending[i].tid, GetActiveSnapshot(), slot, GetCurrentCommandId(false),
								LockTupleNoKeyExclusive, LockWaitBlock,
								TUPLE_LOCK_FLAG_FIND_LAST_VERSION, &failure);
		ExecClearTuple(slot);
	}
	ExecDropSingleTupleTableSlot(slot);
	table_close(rel, NoLock);
}

/*
 * Cancels the pending reminders of the parts that are settled.  A part that is
 * no longer there while its item was read is none, if all the rest is known.
 */
static void
cancel_settled(Watch *watch, Datum key, const WatchItem *item, const char *reason)
{
	static KeptPlan kept = {NULL, InvalidOid};
	Oid			argtypes[6] = {NAMEOID, watch->key_type, TEXTOID, INT4ARRAYOID, INT4ARRAYOID, BOOLOID};
	Datum		args[6] = {NameGetDatum(&watch->ledger), key, CStringGetTextDatum(reason),
	item->parts, item->open_parts, item->known};

	SPI_connect();
	run_plan(keep_plan(&kept, watch->key_type,
					   "UPDATE " DUNNING_SCHEMA ".reminder AS r"
					   " SET state = 'cancelled', cancelled_at = pg_catalog.now(), reason = $3"
					   " WHERE r.ledger OPERATOR(pg_catalog.=) $1 AND r.item OPERATOR(pg_catalog.=) $2"
					   " AND r.state OPERATOR(pg_catalog.=) 'pending'"
					   " AND CASE WHEN r.part OPERATOR(pg_catalog.=) ANY ($4)"
					   " THEN r.part OPERATOR(pg_catalog.<>) ALL ($5) ELSE $6 END", 6, argtypes),
			 args, false, SPI_OK_UPDATE);
	SPI_finish();
}

/*
 * Reading an item
 */

static SPIPlanPtr
item_plan(Watch *watch)
{
	Oid			argtypes[2] = {DATEOID, watch->key_type};
	KnownLedger *known = known_ledger(&watch->ledger);

	if (known->planned == NULL || strcmp(known->planned, watch->query) != 0)
	{
		if (known->kept.plan != NULL)
			SPI_freeplan(known->kept.plan);
		known->kept.plan = NULL;
		known->planned = session_text(known->planned, watch->query);
	}
	return keep_plan(&known->kept, watch->key_type,
					 psprintf("SELECT count(*) > 0, coalesce(array_agg(i.part), '{}'),"
							  " coalesce(array_agg(i.part) FILTER (WHERE NOT i.settled), '{}'),"
							  " coalesce(bool_and(i.known), false)"
							  " FROM (%s) AS i WHERE i.item = $2", watch->query),
					 2, argtypes);
}

/*
 * Reads an item as it is on the real day of today.  The query is analysed as
 * the owner of dunning.reminder, and planned and run as the ledger's reader,
 * since a planner evaluates functions, too.
 */
static void
read_item(Watch *watch, Datum key, WatchItem *item, MemoryContext mcxt)
{
	Datum		args[2] = {DateADTGetDatum(dunning_real_date()), key};
	int			nest = NewGUCNestLevel();
	SPIPlanPtr	plan;
	Oid			user;
	int			context;

	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	SPI_connect();
	plan = item_plan(watch);
	CommandCounterIncrement();	/* the change that fired the trigger is seen, too */
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(watch->reader,
						   (context & ~SECURITY_NOFORCE_RLS) | SECURITY_RESTRICTED_OPERATION);
	run_plan(plan, args, false, SPI_OK_SELECT);
	SetUserIdAndSecContext(user, context);
	item->seen = first_row_value(1, mcxt);
	item->parts = first_row_value(2, mcxt);
	item->open_parts = first_row_value(3, mcxt);
	item->known = first_row_value(4, mcxt);
	SPI_finish();
	AtEOXact_GUC(false, nest);
}

/*
 * Whether an error says something of the server or of the transaction, and not
 * of the ledger: then the statement that fired the trigger has to fail.
 */
static bool
concerns_transaction(int sqlstate)
{
	switch (ERRCODE_TO_CATEGORY(sqlstate))
	{
		case ERRCODE_TRANSACTION_ROLLBACK:	/* serialization failure, deadlock */
		case ERRCODE_INSUFFICIENT_RESOURCES:
		case ERRCODE_OPERATOR_INTERVENTION: /* query cancelled, shutdown */
		case ERRCODE_SYSTEM_ERROR:
			return true;
		default:
			return sqlstate == ERRCODE_LOCK_NOT_AVAILABLE ||
				sqlstate == ERRCODE_DATA_CORRUPTED || sqlstate == ERRCODE_INDEX_CORRUPTED;
	}
}

/*
 * Reads an item in a subtransaction: what became of a ledger must not keep the
 * ERP from posting a payment.  False, with a warning, if it cannot be read.
 */
static bool
try_read_item(Watch *watch, Datum key, WatchItem *item)
{
	MemoryContext mcxt = CurrentMemoryContext;
	ResourceOwner resources = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(mcxt);
	PG_TRY();
	{
		read_item(watch, key, item, mcxt);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(mcxt);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(mcxt);
	CurrentResourceOwner = resources;
	if (error == NULL)
		return true;
	if (concerns_transaction(error->sqlerrcode))
		ReThrowError(error);
	warn(watch, error->sqlerrcode, error->message, "SELECT * FROM dunning.check_ledgers() says what to do.");
	return false;
}

/* Settles an item; a reminder whose item is not there is left, unless it was deleted here. */
static void
settle_item(Watch *watch, Datum key, bool deleted)
{
	WatchItem	item;
	Pending    *pending;
	int			n = find_pending(watch, key, &pending);
	bool		seen;

	if (n == 0 || !may_read(watch))
		return;
	lock_pending(watch, pending, n);
	if (!try_read_item(watch, key, &item))
		return;
	seen = DatumGetBool(item.seen);
	if (!seen && !deleted)
		return;
	item.known = BoolGetDatum(!seen || DatumGetBool(item.known));
	cancel_settled(watch, key, &item, seen ? "settled" : "item deleted");
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

static void
settle_value(Watch *watch, WatchColumn *column, Datum value, bool deleted)
{
	Datum		key = key_of(column, value);
	Caller		caller = become_owner(watch->owner);

	settle_item(watch, key, deleted);
	become_again(caller);
}

/* Settles the items that one column names in the rows; new_row may be NULL. */
static void
settle_column(Watch *watch, WatchColumn *column, TupleDesc desc,
			  HeapTuple row, HeapTuple new_row, bool deleted)
{
	bool		isnull;
	bool		new_isnull = true;
	Datum		value = heap_getattr(row, column->attnum, desc, &isnull);
	Datum		new_value = (Datum) 0;

	if (new_row != NULL)
		new_value = heap_getattr(new_row, column->attnum, desc, &new_isnull);
	if (!isnull)
		settle_value(watch, column, value, deleted && column->own_row);
	if (!new_isnull &&
		(isnull || !datum_image_eq(value, new_value, column->typbyval, column->typlen)))
		settle_value(watch, column, new_value, false);
}

/*
 * watch(ledger): cancels the pending reminders of the items that the row named
 * before and names now, in the transaction of the change.
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
		Oid			reminder = get_relname_relid("reminder", get_namespace_oid(DUNNING_SCHEMA, false));
		Oid			owner = relation_owner(reminder);
		Caller		caller = become_owner(owner);

		watch = watch_setup(data, fcinfo->flinfo->fn_mcxt);
		watch->reminder = reminder;
		watch->owner = owner;
		become_again(caller);
		fcinfo->flinfo->fn_extra = watch;
	}
	for (i = 0; i < watch->columns; i++)
		settle_column(watch, &watch->column[i], RelationGetDescr(data->tg_relation),
					  data->tg_trigtuple, new_row, TRIGGER_FIRED_BY_DELETE(data->tg_event));
	return PointerGetDatum(NULL);
}
