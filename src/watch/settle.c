/*
 * watch/settle.c: cancels the pending reminders of items that are settled or
 * deleted, all items of a statement in one go.
 *
 * Payments of one item that overlap wait for each other at its pending
 * reminders and then read with the latest snapshot, as referential integrity
 * does: the last one sees all of them, also under REPEATABLE READ.  The items
 * of a statement are locked in the order of their keys.
 *
 * XXX two transactions that pay the same two items in opposite order, each by
 * several statements, end in a deadlock while both items have pending
 * reminders, as two that update the items themselves would.
 */
#include "watch/watch.h"

#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "shell.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* The order of keys, byte by byte as their type has it. */
static int
compare_keys(Datum a, Datum b)
{
	struct varlena *x = (struct varlena *) DatumGetPointer(a);
	struct varlena *y = (struct varlena *) DatumGetPointer(b);
	Size		m = VARSIZE_ANY_EXHDR(x);
	Size		n = VARSIZE_ANY_EXHDR(y);
	int			order = memcmp(VARDATA_ANY(x), VARDATA_ANY(y), Min(m, n));

	return order != 0 ? order : m < n ? -1 : m > n;
}

static int
by_key(const void *a, const void *b)
{
	return compare_keys(((const WatchedItem *) a)->key, ((const WatchedItem *) b)->key);
}

/* Sorts items, and leaves each of them once; returns how many. */
static int
sort_items(WatchedItem *items, int n)
{
	int			last = 0;
	int			i;

	qsort(items, n, sizeof(WatchedItem), by_key);
	for (i = 1; i < n; i++)
	{
		if (compare_keys(items[last].key, items[i].key) != 0)
			items[++last] = items[i];
		else
			items[last].deleted = items[last].deleted || items[i].deleted;
	}
	return last + 1;
}

static int
by_item_and_number(const void *a, const void *b)
{
	const Pending *x = a;
	const Pending *y = b;

	if (x->item != y->item)
		return x->item < y->item ? -1 : 1;
	return x->reminder < y->reminder ? -1 : x->reminder > y->reminder;
}

/* Makes the items that have pending reminders of those that were named. */
static void
make_items(Settling *s, WatchedItem *items)
{
	int			last = -1;
	int			i;

	s->item = palloc0(s->reminders * sizeof(SettledItem));
	for (i = 0; i < s->reminders; i++)
	{
		if (s->pending[i].item != last)
		{
			last = s->pending[i].item;
			s->item[s->items].key = items[last].key;
			s->item[s->items].deleted = items[last].deleted;
			s->item[s->items++].first = i;
		}
		s->item[s->items - 1].end = i + 1;
		s->pending[i].item = s->items - 1;
	}
}

/*
 * The pending reminders of items by the latest snapshot.  Most payments are
 * for items that have none, and for those this look-up is all that is done.
 */
static void
find_pending(Settling *s, WatchedItem *items, int n)
{
	static KeptPlan kept = {NULL, InvalidOid};
	Oid			argtypes[2] = {NAMEOID, get_array_type(s->key_type)};
	Datum		args[2];
	Datum	   *keys = palloc(n * sizeof(Datum));
	TupleDesc	desc;
	int			i;

	for (i = 0; i < n; i++)
		keys[i] = items[i].key;
	args[0] = NameGetDatum(&s->ledger->name);
	args[1] = dunning_key_array(s, keys, n);
	SPI_connect();
	dunning_run_plan(dunning_keep_plan(&kept, s->key_type,
									   "SELECT r.reminder, r.part, r.ctid, r.item FROM " DUNNING_SCHEMA ".reminder AS r"
									   " WHERE r.ledger OPERATOR(pg_catalog.=) $1 AND r.item OPERATOR(pg_catalog.=) ANY ($2)"
									   " AND r.state OPERATOR(pg_catalog.=) 'pending'", 2, argtypes),
					 args, true, SPI_OK_SELECT);
	desc = SPI_tuptable->tupdesc;
	s->reminders = (int) SPI_processed;
	s->pending = SPI_palloc(Max(s->reminders, 1) * sizeof(Pending));
	for (i = 0; i < s->reminders; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		Pending    *pending = &s->pending[i];
		WatchedItem found = {0};
		WatchedItem *named;
		bool		isnull;

		memset(pending, 0, sizeof(Pending));
		pending->reminder = DatumGetInt64(SPI_getbinval(row, desc, 1, &isnull));
		pending->part = DatumGetInt32(SPI_getbinval(row, desc, 2, &isnull));
		pending->tid = *(ItemPointer) DatumGetPointer(SPI_getbinval(row, desc, 3, &isnull));
		found.key = PointerGetDatum(PG_DETOAST_DATUM_PACKED(SPI_getbinval(row, desc, 4, &isnull)));
		named = bsearch(&found, items, n, sizeof(WatchedItem), by_key);
		if (named == NULL)
			elog(ERROR, "reminder " INT64_FORMAT " is of an item that was not asked for", pending->reminder);
		pending->item = (int) (named - items);
	}
	SPI_finish();
	qsort(s->pending, s->reminders, sizeof(Pending), by_item_and_number);
	make_items(s, items);
}

/*
 * Locks the pending reminders.  One that another transaction cancelled or sent
 * meanwhile is locked in its last version, where FOR UPDATE under REPEATABLE
 * READ would be an error.
 */
static void
lock_pending(Settling *s)
{
	Relation	rel = table_open(s->reminder, RowShareLock);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	Snapshot	snapshot = GetActiveSnapshot();
	int			i;

	for (i = 0; i < s->reminders; i++)
	{
		Pending    *pending = &s->pending[i];
		TM_FailureData failure;

		/* what was deleted meanwhile needs no lock */
		pending->locked = table_tuple_lock(rel, &pending->tid, snapshot, slot, GetCurrentCommandId(false),
										   LockTupleNoKeyExclusive, LockWaitBlock,
										   TUPLE_LOCK_FLAG_FIND_LAST_VERSION, &failure) == TM_Ok;
		if (pending->locked)
			pending->tid = slot->tts_tid;
		ExecClearTuple(slot);
	}
	ExecDropSingleTupleTableSlot(slot);
	table_close(rel, NoLock);
}

/* Why a reminder is cancelled. */
typedef enum Fault
{
	NO_FAULT,
	SETTLED,
	PART_GONE,
	ITEM_DELETED
} Fault;

static const char *const fault_text[] = {NULL, "settled", "its part is no longer there", "item deleted"};

/*
 * Whether a reminder is to be cancelled.  A part that is no longer there while
 * its item was read is none, if all the rest is known.  A reminder whose item
 * is not there is left, unless it was deleted here.
 */
static Fault
fault_of(const SettledItem *item, const Pending *pending)
{
	if (!item->read || !pending->locked)
		return NO_FAULT;
	if (!item->seen)
		return item->deleted ? ITEM_DELETED : NO_FAULT;
	if (pending->seen)
		return pending->open ? NO_FAULT : SETTLED;
	return item->known ? PART_GONE : NO_FAULT;
}

/* Cancels the reminders that have a fault, but for those that a sender has in hand. */
static void
cancel(Settling *s, Fault fault)
{
	static KeptPlan kept = {NULL, InvalidOid};
	Oid			argtypes[2] = {TIDARRAYOID, TEXTOID};
	Datum		args[2];
	Datum	   *tids = palloc(s->reminders * sizeof(Datum));
	int			n = 0;
	int			i;

	for (i = 0; i < s->reminders; i++)
		if (fault_of(&s->item[s->pending[i].item], &s->pending[i]) == fault)
			tids[n++] = PointerGetDatum(&s->pending[i].tid);
	if (n == 0)
		return;
	args[0] = PointerGetDatum(construct_array(tids, n, TIDOID, sizeof(ItemPointerData), false, TYPALIGN_SHORT));
	args[1] = CStringGetTextDatum(fault_text[fault]);
	SPI_connect();
	dunning_run_plan(dunning_keep_plan(&kept, s->key_type,
									   "UPDATE " DUNNING_SCHEMA ".reminder AS r"
									   " SET state = 'cancelled', cancelled_on = GREATEST(r.raised_on, " DUNNING_INTERNAL ".real_day()),"
									   " cancelled_at = pg_catalog.now(), withdrawn = true, reason = $2"
									   " WHERE r.ctid OPERATOR(pg_catalog.=) ANY ($1)"
									   " AND r.state OPERATOR(pg_catalog.=) 'pending'"
									   " AND NOT " DUNNING_INTERNAL ".in_hand(r.reminder)", 2, argtypes),
					 args, false, SPI_OK_UPDATE);
	SPI_finish();
}

/* Notes for the run that something was done to items. */
static void
note_touched(Settling *s, WatchedItem *items, int n)
{
	static KeptPlan kept = {NULL, InvalidOid};
	Oid			argtypes[2] = {NAMEOID, get_array_type(s->key_type)};
	Datum		args[2];
	Datum	   *keys = palloc(n * sizeof(Datum));
	int			i;

	for (i = 0; i < n; i++)
		keys[i] = items[i].key;
	args[0] = NameGetDatum(&s->ledger->name);
	args[1] = dunning_key_array(s, keys, n);
	SPI_connect();
	dunning_run_plan(dunning_keep_plan(&kept, s->key_type,
									   "INSERT INTO " DUNNING_INTERNAL ".touched (ledger, item)"
									   " SELECT $1, k FROM pg_catalog.unnest($2) AS k", 2, argtypes),
					 args, false, SPI_OK_INSERT);
	SPI_finish();
}

/* Runs as the owner. */
static void
settle(Settling *s, WatchedItem *items, int n)
{
	note_touched(s, items, n);
	find_pending(s, items, n);
	if (s->reminders == 0 || !dunning_may_read(s))
		return;
	lock_pending(s);
	dunning_read_items(s);
	cancel(s, SETTLED);
	cancel(s, PART_GONE);
	cancel(s, ITEM_DELETED);
}

/* Settles items of a ledger; puts them into another order. */
void
dunning_settle(WatchedLedger *ledger, WatchedItem *items, int n)
{
	Settling	s = {0};
	MemoryContext mcxt = AllocSetContextCreate(CurrentMemoryContext, "_dunning.watch", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(mcxt);
	Caller		caller;

	s.ledger = ledger;
	s.key_type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("item_key"),
								 ObjectIdGetDatum(get_namespace_oid(DUNNING_SCHEMA, false)));
	s.reminder = dunning_own_relation(DUNNING_SCHEMA, "reminder");
	caller = dunning_become_owner(dunning_relation_owner(s.reminder));
	settle(&s, items, sort_items(items, n));
	dunning_become_again(caller);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(mcxt);
}
