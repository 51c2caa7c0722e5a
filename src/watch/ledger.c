/*
 * watch/ledger.c: how a ledger is read for the triggers of watch.
 *
 * A ledger is read as the role that dunning.ledger_reader names, in a
 * security-restricted operation, as REFRESH MATERIALIZED VIEW does, by one
 * plan that the session keeps, and with the latest snapshot.
 *
 * XXX a volatile function in a view of the ledger takes a snapshot of its own,
 * which under REPEATABLE READ is that of the transaction.
 */
#include "watch/watch.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "item/today.h"
#include "miscadmin.h"
#include "shell.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* An error restores the caller as the transaction or subtransaction ends. */
Caller
dunning_become_owner(Oid owner)
{
	Caller		caller;

	GetUserIdAndSecContext(&caller.user, &caller.context);
	SetUserIdAndSecContext(owner, caller.context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	return caller;
}

void
dunning_become_again(Caller caller)
{
	SetUserIdAndSecContext(caller.user, caller.context);
}

/* A relation of ours; error if it is not there. */
Oid
dunning_own_relation(const char *schema, const char *name)
{
	Oid			relid = get_relname_relid(name, get_namespace_oid(schema, false));

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s.%s\" does not exist", schema, name)));
	return relid;
}

Oid
dunning_relation_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * Plans and snapshots
 */

/*
 * The plan of a query, made once for all values: a look-up is one for any key,
 * and a plan made for the keys at hand would cost more than it saves.  Needs
 * an SPI connection.
 */
SPIPlanPtr
dunning_keep_plan(KeptPlan *kept, Oid key_type, const char *query, int nargs, Oid *argtypes)
{
	SPIPlanPtr	plan;

	if (kept->plan != NULL && kept->key_type == key_type && SPI_plan_is_valid(kept->plan))
		return kept->plan;
	plan = SPI_prepare_cursor(query, nargs, argtypes, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare \"%s\": %s", query, SPI_result_code_string(SPI_result));
	if (kept->plan != NULL)
		SPI_freeplan(kept->plan);
	kept->plan = plan;
	kept->key_type = key_type;
	return plan;
}

/* Runs a plan with the latest snapshot, whatever the isolation level. */
void
dunning_run_plan(SPIPlanPtr plan, Datum *args, bool read_only, int expected)
{
	int			result = SPI_execute_snapshot(plan, args, NULL, GetLatestSnapshot(),
											  InvalidSnapshot, read_only, true, 0);

	if (result != expected)
		elog(ERROR, "SPI_execute_snapshot failed: %s", SPI_result_code_string(result));
}

/* An array of keys */
Datum
dunning_key_array(Settling *s, Datum *keys, int n)
{
	int16		typlen;
	bool		typbyval;
	char		typalign;

	get_typlenbyvalalign(s->key_type, &typlen, &typbyval, &typalign);
	return PointerGetDatum(construct_array(keys, n, s->key_type, typlen, typbyval, typalign));
}

/*
 * What the session knows.  Finding out as whom a ledger is read walks through
 * all that stands behind it; so the answer is kept until a relation or a role
 * of the database changes.  An adoption changes some, since it drops the
 * triggers and makes new ones.
 */
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

/* What the session knows of a ledger, by its name. */
WatchedLedger *
dunning_watched_ledger(const char *name)
{
	static WatchedLedger *ledgers = NULL;
	static bool registered = false;
	WatchedLedger **place;
	WatchedLedger *ledger;

	if (!registered)
	{
		CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
		CacheRegisterSyscacheCallback(AUTHOID, role_changed, (Datum) 0);
		CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, role_changed, (Datum) 0);
		registered = true;
	}
	for (place = &ledgers; *place != NULL; place = &(*place)->next)
	{
		int			order = strncmp(NameStr((*place)->name), name, NAMEDATALEN);

		if (order == 0)
			return *place;
		if (order > 0)
			break;
	}
	ledger = MemoryContextAllocZero(TopMemoryContext, sizeof(WatchedLedger));
	namestrcpy(&ledger->name, name);
	ledger->next = *place;
	*place = ledger;
	return ledger;
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
 * As whom, and by which query
 */

static void
warn(Settling *s, int sqlstate, const char *why, const char *hint)
{
	if (!s->warned)
		ereport(WARNING,
				(errcode(sqlstate),
				 errmsg("reminders of ledger \"%s\" are not followed: %s", NameStr(s->ledger->name), why),
				 OidIsValid(s->ledger->reader) ?
				 errdetail("The ledger is read as the role \"%s\".", GetUserNameFromId(s->ledger->reader, true)) : 0,
				 errhint("%s The next run cancels what was settled.", hint)));
	s->warned = true;
}

/* Looks up how the ledger is read; false, with a warning, if it is not.  Runs as the owner. */
static bool
look_up_ledger(Settling *s)
{
	static KeptPlan kept = {NULL, InvalidOid};
	WatchedLedger *ledger = s->ledger;
	Oid			argtype = NAMEOID;
	Datum		arg = NameGetDatum(&ledger->name);
	bool		isnull;
	bool		hidden;
	char	   *query = NULL;

	ledger->reader = InvalidOid;
	dunning_run_plan(dunning_keep_plan(&kept, s->key_type,
									   "SELECT coalesce(l.reader, 0), coalesce(" DUNNING_INTERNAL ".rows_hidden(l.ledger, l.reader), false), l.query"
									   " FROM (SELECT s.ledger, " DUNNING_SCHEMA ".ledger_reader(s.ledger) AS reader,"
									   " " DUNNING_INTERNAL ".parts_query(" DUNNING_INTERNAL ".ledger_source(s.ledger)) AS query"
									   " FROM " DUNNING_SCHEMA ".ledger AS s"
									   " WHERE s.ledger OPERATOR(pg_catalog.=) $1) AS l", 1, &argtype),
					 &arg, true, SPI_OK_SELECT);
	if (SPI_processed > 0)
		query = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3);
	if (query == NULL)
	{
		warn(s, ERRCODE_UNDEFINED_OBJECT, "the ledger does not exist", "Adopt it again.");
		return false;
	}
	ledger->reader = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	hidden = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull));
	ledger->query = session_text(ledger->query, query);
	if (!OidIsValid(ledger->reader))
		warn(s, ERRCODE_INSUFFICIENT_PRIVILEGE, "there is no role as which it can be read",
			 psprintf("Give what it reads to one role: SELECT * FROM _dunning.relations_behind(%s).",
					  quote_literal_cstr(NameStr(ledger->name))));
	else if (hidden)
		warn(s, ERRCODE_INSUFFICIENT_PRIVILEGE, "row-level security hides rows of it",
			 "Let that role see all rows.");
	return OidIsValid(ledger->reader) && !hidden;
}

/* Whether the ledger can be read, and finds out how.  Runs as the owner. */
bool
dunning_may_read(Settling *s)
{
	uint64		generation = catalog_generation;
	Oid			user;
	int			context;

	if (s->ledger->readable && s->ledger->generation == generation)
		return true;
	s->ledger->readable = false;
	/* asked for here is what is hidden without that privilege of ours */
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(user, context & ~SECURITY_NOFORCE_RLS);
	SPI_connect();
	s->ledger->readable = look_up_ledger(s);
	s->ledger->generation = generation;
	SPI_finish();
	SetUserIdAndSecContext(user, context);
	return s->ledger->readable;
}

/*
 * Reading
 */

/*
 * The plan that looks up items.  Only a LATERAL join reaches the index through
 * every view, and computes nothing of other items.
 */
static SPIPlanPtr
items_plan(Settling *s)
{
	WatchedLedger *ledger = s->ledger;
	Oid			argtypes[2] = {DATEOID, get_array_type(s->key_type)};

	if (ledger->planned == NULL || strcmp(ledger->planned, ledger->query) != 0)
	{
		if (ledger->kept.plan != NULL)
			SPI_freeplan(ledger->kept.plan);
		ledger->kept.plan = NULL;
		ledger->planned = session_text(ledger->planned, ledger->query);
	}
	return dunning_keep_plan(&ledger->kept, s->key_type,
							 psprintf("SELECT k.place::integer, i.part, i.settled, i.known"
									  " FROM unnest($2) WITH ORDINALITY AS k (item, place)"
									  " CROSS JOIN LATERAL (SELECT i.part, i.settled, i.known FROM (%s) AS i"
									  " WHERE i.item = k.item OFFSET 0) AS i", ledger->query),
							 2, argtypes);
}

/* Notes what one row says of a part. */
static void
note_part(Settling *s, SettledItem *item, int32 part, bool settled, bool known)
{
	int			i;

	item->known = item->known && known;
	item->seen = true;
	for (i = item->first; i < item->end; i++)
	{
		if (s->pending[i].part != part)
			continue;
		s->pending[i].seen = true;
		s->pending[i].open = s->pending[i].open || !settled;
	}
}

/* Notes what the query says; nothing here raises an error. */
static void
note_items(Settling *s, SettledItem *item, int n)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;
	bool		isnull;
	uint64		i;

	for (i = 0; i < (uint64) n; i++)
	{
		item[i].read = true;
		item[i].known = true;
	}
	for (i = 0; i < SPI_processed; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];

		note_part(s, &item[DatumGetInt32(SPI_getbinval(row, desc, 1, &isnull)) - 1],
				  DatumGetInt32(SPI_getbinval(row, desc, 2, &isnull)),
				  DatumGetBool(SPI_getbinval(row, desc, 3, &isnull)),
				  DatumGetBool(SPI_getbinval(row, desc, 4, &isnull)));
	}
}

/*
 * Reads items as they are on the real day of today.  The query is analysed as
 * the owner of dunning.reminder, and planned and run as the ledger's reader,
 * since a planner evaluates functions, too.
 */
static void
read_items(Settling *s, SettledItem *item, int n)
{
	Datum		args[2];
	Datum	   *keys = palloc(n * sizeof(Datum));
	int			nest = NewGUCNestLevel();
	SPIPlanPtr	plan;
	Oid			user;
	int			context;
	int			i;

	for (i = 0; i < n; i++)
		keys[i] = item[i].key;
	args[0] = DateADTGetDatum(dunning_real_date());
	args[1] = dunning_key_array(s, keys, n);
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	/* a plan for any number of keys looks dearer than it is */
	(void) set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	SPI_connect();
	plan = items_plan(s);
	CommandCounterIncrement();	/* the change that fired the trigger is seen, too */
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(s->ledger->reader,
						   (context & ~SECURITY_NOFORCE_RLS) | SECURITY_RESTRICTED_OPERATION);
	dunning_run_plan(plan, args, false, SPI_OK_SELECT);
	SetUserIdAndSecContext(user, context);
	note_items(s, item, n);
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
 * Reads items in a subtransaction: what became of a ledger must not keep the
 * ERP from posting a payment.  Returns the error if they cannot be read.
 */
static ErrorData *
try_read_items(Settling *s, SettledItem *item, int n)
{
	MemoryContext mcxt = CurrentMemoryContext;
	ResourceOwner resources = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(mcxt);
	PG_TRY();
	{
		read_items(s, item, n);
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
	if (error != NULL && concerns_transaction(error->sqlerrcode))
		ReThrowError(error);
	return error;
}

/* Reads items; one that cannot be read is found by halves, and left with a warning. */
static void
read_by_halves(Settling *s, SettledItem *item, int n)
{
	ErrorData  *error;

	CHECK_FOR_INTERRUPTS();
	error = try_read_items(s, item, n);
	if (error == NULL)
		return;
	if (n <= 1)
		warn(s, error->sqlerrcode, error->message, "SELECT * FROM dunning.check_ledgers() says what to do.");
	FreeErrorData(error);
	if (n > 1)
	{
		read_by_halves(s, item, n / 2);
		read_by_halves(s, item + n / 2, n - n / 2);
	}
}

/* Reads the items.  A ledger that cannot be read for no item either is not tried for each. */
void
dunning_read_items(Settling *s)
{
	ErrorData  *error = s->items > 1 ? try_read_items(s, s->item, 0) : NULL;

	if (error == NULL)
		read_by_halves(s, s->item, s->items);
	else
		warn(s, error->sqlerrcode, error->message, "SELECT * FROM dunning.check_ledgers() says what to do.");
}
