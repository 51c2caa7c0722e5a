/*
 * watch/watch.h: what the files of this room share.
 *
 * watch.c		the row trigger: the keys of the items that a row names
 * collect.c	the keys of a statement, until its end
 * settle.c		cancels the reminders of what is settled
 * ledger.c		how a ledger is read: as whom, by which plan
 */
#ifndef DUNNING_WATCH_H
#define DUNNING_WATCH_H

#include "compat.h"

#include "executor/spi.h"

/* Who we were before we became somebody else. */
typedef struct Caller
{
	Oid			user;
	int			context;
} Caller;

/* A plan of the session; one of an old key type is of an extension that was dropped. */
typedef struct KeptPlan
{
	SPIPlanPtr	plan;
	Oid			key_type;
} KeptPlan;

/* What the session knows of a ledger.  It stays where it is until the session ends. */
typedef struct WatchedLedger
{
	NameData	name;
	struct WatchedLedger *next; /* in the order of the names */
	bool		readable;		/* whether the next three are known */
	uint64		generation;		/* of catalog changes */
	Oid			reader;			/* the role that it is read as */
	char	   *query;			/* of its parts as of the day $1 */
	char	   *planned;		/* the query that the plan is of */
	KeptPlan	kept;
} WatchedLedger;

/* An item that a row named. */
typedef struct WatchedItem
{
	Datum		key;
	bool		deleted;		/* its own row was deleted */
} WatchedItem;

/* A pending reminder. */
typedef struct Pending
{
	int			item;			/* its place among the items */
	int64		reminder;
	int32		part;
	ItemPointerData tid;		/* where its row is */
	bool		locked;
	bool		seen;			/* its part is there */
	bool		open;			/* and is not settled */
} Pending;

/* An item with pending reminders, and what the ledger says of it. */
typedef struct SettledItem
{
	Datum		key;
	bool		deleted;
	bool		read;			/* whether the next two are known */
	bool		seen;			/* it is there */
	bool		known;			/* amount and due date of each part are known */
	int			first;			/* its reminders */
	int			end;
} SettledItem;

/* The settling of some items of a ledger. */
typedef struct Settling
{
	WatchedLedger *ledger;
	Oid			key_type;		/* dunning.item_key */
	Oid			reminder;		/* the table dunning.reminder */
	bool		warned;			/* it was said that the ledger is not followed */
	int			items;
	SettledItem *item;
	int			reminders;
	Pending    *pending;		/* by item and number */
} Settling;

/* ledger.c */
extern Caller dunning_become_owner(Oid owner);
extern void dunning_become_again(Caller caller);
extern Oid	dunning_own_relation(const char *schema, const char *name);
extern Oid	dunning_relation_owner(Oid relid);
extern SPIPlanPtr dunning_keep_plan(KeptPlan *kept, Oid key_type, const char *query, int nargs, Oid *argtypes);
extern void dunning_run_plan(SPIPlanPtr plan, Datum *args, bool read_only, int expected);
extern WatchedLedger *dunning_watched_ledger(const char *name);
extern bool dunning_may_read(Settling *s);
extern void dunning_read_items(Settling *s);
extern Datum dunning_key_array(Settling *s, Datum *keys, int n);

/* collect.c */
extern void dunning_note(WatchedLedger *ledger, Datum key, bool deleted);
extern void dunning_settle_noted(void);
extern void dunning_ask_for_end(uint64 *asked);

/* settle.c */
extern void dunning_settle(WatchedLedger *ledger, WatchedItem *items, int n);

#endif
