/*
 * watch/collect.c: the items that the rows of a statement name, from the row
 * triggers to the end of the statement.
 *
 * A row trigger is what every way of writing fires: on partitions, under COPY,
 * for a foreign key's cascade and in a subscription.  A trigger for each
 * statement is not: it is fired for the table that the statement names, and in
 * a subscription not at all.  So the row trigger notes an item and asks for
 * the end of the statement, by an event of a statement that never was: the
 * trigger of the empty table _dunning.statement_end is queued behind the row
 * triggers that are under way.
 *
 * An item is noted with the subtransaction whose statement named it.  It is
 * settled in that one, or forgotten if that one is rolled back.
 */
#include "watch/watch.h"

#include "access/table.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "shell.h"
#include "trigger.h"
#include "utils/datum.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(dunning_settle_statement);

static const DunningTrigger end_trigger = {
	.function = "_dunning.settle_statement",
	.timing = TRIGGER_EVENT_AFTER,
	.for_statement = true,
	.usage = "AFTER INSERT ON _dunning.statement_end FOR EACH STATEMENT EXECUTE FUNCTION _dunning.settle_statement()"
};

/* As many items are kept for the end of a statement, and then settled before it. */
#define MOST_ITEMS 10000

/* The items that were noted, the last ones at the end; inner subtransactions come after outer ones. */
typedef struct Noted
{
	WatchedLedger *ledger;
	WatchedItem item;
	int			level;			/* of the subtransaction */
} Noted;

static Noted *noted = NULL;		/* in noted_context */
static int	noted_count = 0;
static int	noted_size = 0;
static MemoryContext noted_context = NULL;	/* of the transaction */

/* How many ends of statements there were; an end that was asked for since the last one is still to come. */
static uint64 ends = 1;

static void
forget_from(int first)
{
	while (noted_count > first)
		pfree(DatumGetPointer(noted[--noted_count].item.key));
}

/* Where the items of the current subtransaction begin. */
static int
first_of_level(int level)
{
	int			first = noted_count;

	while (first > 0 && noted[first - 1].level >= level)
		first--;
	return first;
}

static void
transaction_ends(XactEvent event, void *arg pg_attribute_unused())
{
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PARALLEL_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
		return;
	/* the memory goes with the transaction */
	noted = NULL;
	noted_count = noted_size = 0;
	noted_context = NULL;
}

static void
subtransaction_ends(SubXactEvent event, SubTransactionId mine pg_attribute_unused(),
					SubTransactionId parent pg_attribute_unused(), void *arg pg_attribute_unused())
{
	int			level = GetCurrentTransactionNestLevel();
	int			i;

	if (event == SUBXACT_EVENT_ABORT_SUB)
		forget_from(first_of_level(level));
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
		for (i = first_of_level(level); i < noted_count; i++)
			noted[i].level = level - 1;
}

/* Makes room for one more item. */
static void
make_room(void)
{
	static bool registered = false;

	if (!registered)
	{
		RegisterXactCallback(transaction_ends, NULL);
		RegisterSubXactCallback(subtransaction_ends, NULL);
		registered = true;
	}
	if (noted_context == NULL)
	{
		noted_context = AllocSetContextCreate(TopTransactionContext, "_dunning.watch", ALLOCSET_DEFAULT_SIZES);
		noted_size = 64;
		noted = MemoryContextAlloc(noted_context, noted_size * sizeof(Noted));
	}
	else if (noted_count == noted_size)
	{
		noted = repalloc(noted, 2 * noted_size * sizeof(Noted));
		noted_size *= 2;
	}
}

static int
by_ledger(const void *a, const void *b)
{
	return strcmp(NameStr(((const Noted *) a)->ledger->name), NameStr(((const Noted *) b)->ledger->name));
}

/* Settles the items of the current subtransaction, ledger by ledger in the order of their names. */
void
dunning_settle_noted(void)
{
	int			first = first_of_level(GetCurrentTransactionNestLevel());
	int			n = noted_count - first;
	Noted	   *mine = palloc(Max(n, 1) * sizeof(Noted));
	WatchedItem *items = palloc(Max(n, 1) * sizeof(WatchedItem));
	int			i;
	int			start;

	/* settling may fire triggers that note items of their own */
	for (i = 0; i < n; i++)
	{
		mine[i] = noted[first + i];
		mine[i].item.key = datumCopy(mine[i].item.key, false, -1);
	}
	forget_from(first);
	qsort(mine, n, sizeof(Noted), by_ledger);
	for (start = 0; start < n; start = i)
	{
		for (i = start; i < n && mine[i].ledger == mine[start].ledger; i++)
			items[i] = mine[i].item;
		dunning_settle(mine[start].ledger, items + start, i - start);
	}
	pfree(mine);
	pfree(items);
}

/* Notes an item, of whose statement the end was asked for. */
void
dunning_note(WatchedLedger *ledger, Datum key, bool deleted)
{
	MemoryContext old;

	make_room();
	old = MemoryContextSwitchTo(noted_context);
	noted[noted_count].item.key = datumCopy(key, false, -1);
	MemoryContextSwitchTo(old);
	noted[noted_count].item.deleted = deleted;
	noted[noted_count].ledger = ledger;
	noted[noted_count++].level = GetCurrentTransactionNestLevel();
	if (noted_count >= MOST_ITEMS)
		dunning_settle_noted();
}

/*
 * The triggers of the table are fired as whoever writes a table of the ERP, so
 * nobody may add one, not even the owner of the table.
 */
static void
check_triggers(const TriggerDesc *triggers)
{
	int			i;

	for (i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		FmgrInfo	function;

		fmgr_info(triggers->triggers[i].tgfoid, &function);
		if (function.fn_addr != dunning_settle_statement)
			ereport(ERROR,
					(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
					 errmsg("trigger \"%s\" is not one of pg_dunning", triggers->triggers[i].tgname),
					 errhint("DROP TRIGGER %s ON " DUNNING_INTERNAL ".statement_end.", quote_identifier(triggers->triggers[i].tgname))));
	}
}

/*
 * Asks for the end of the statement whose row triggers are being fired, unless
 * that was done since the last end.  Asked again, the end comes once, and later.
 */
void
dunning_ask_for_end(uint64 *asked)
{
	Relation	rel;
	EState	   *estate;
	ResultRelInfo *info;

	if (*asked == ends)
		return;
	rel = table_open(dunning_own_relation(DUNNING_INTERNAL, "statement_end"), RowExclusiveLock);
	estate = CreateExecutorState();
	info = makeNode(ResultRelInfo);
	InitResultRelInfo(info, rel, 1, NULL, 0);
	check_triggers(info->ri_TrigDesc);
	ExecASInsertTriggers(estate, info, NULL);
	FreeExecutorState(estate);
	table_close(rel, NoLock);
	*asked = ends;
}

/* settle_statement(): the end of a statement that was asked for. */
Datum
dunning_settle_statement(PG_FUNCTION_ARGS)
{
	(void) dunning_trigger_data(fcinfo, &end_trigger);
	ends++;
	dunning_settle_noted();
	return PointerGetDatum(NULL);
}
