/*
 * run/lock.c: one dunning run at a time, one booking of claims, and one making of messages.
 *
 * The run commits as it goes, so its lock belongs to the session; and since a
 * session may live on for long after a run was interrupted in it, an error
 * lets the lock go.  A run in one transaction leaves the lock to this
 * transaction, since nobody sees what it wrote before the end.
 *
 * The locks are not advisory ones, which every role may take and which
 * DISCARD ALL and pg_advisory_unlock_all() let go: no SQL function takes a
 * user lock of the default lock method but ours, which only those may call
 * who may run.
 */
#include "shell.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lock.h"

PG_FUNCTION_INFO_V1(dunning_run_lock);
PG_FUNCTION_INFO_V1(dunning_run_unlock);
PG_FUNCTION_INFO_V1(dunning_claim_lock);
PG_FUNCTION_INFO_V1(dunning_notice_lock);

/* In pg_locks: locktype userlock, the first in classid, the second in objid. */
#define LOCK_SPACE 0x64756e6e	/* "dunn" */
#define LOCK_RUN 1
#define LOCK_CLAIMS 2
#define LOCK_NOTICES 3

static bool run_locked = false;
static SubTransactionId run_locked_in;	/* the subtransaction whose failure lets it go */

static void
lock_tag(LOCKTAG *tag, uint32 what)
{
	memset(tag, 0, sizeof(*tag));
	tag->locktag_field1 = MyDatabaseId;
	tag->locktag_field2 = LOCK_SPACE;
	tag->locktag_field3 = what;
	tag->locktag_type = LOCKTAG_USERLOCK;
	tag->locktag_lockmethodid = DEFAULT_LOCKMETHOD;
}

static void
let_go(void)
{
	LOCKTAG		tag;

	if (!run_locked)
		return;
	run_locked = false;
	lock_tag(&tag, LOCK_RUN);
	LockRelease(&tag, ExclusiveLock, true);
}

static void
at_transaction_end(XactEvent event, void *arg pg_attribute_unused())
{
	if (event == XACT_EVENT_ABORT)
		let_go();
}

/* A run in a block that catches its error leaves no transaction aborted. */
static void
at_subtransaction_end(SubXactEvent event, SubTransactionId mine, SubTransactionId parent,
					  void *arg pg_attribute_unused())
{
	if (!run_locked || mine != run_locked_in)
		return;
	if (event == SUBXACT_EVENT_ABORT_SUB)
		let_go();
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
		run_locked_in = parent;
}

/*
 * The server lets such a lock go at the end of a transaction that failed, not
 * at the end of a session.  A transaction that is open then is aborted.
 */
static void
at_exit(int code pg_attribute_unused(), Datum arg pg_attribute_unused())
{
	if (!IsTransactionOrTransactionBlock())
		let_go();
}

/* run_lock(): false if another session, or this one, runs already */
Datum
dunning_run_lock(PG_FUNCTION_ARGS)
{
	static bool registered = false;
	LOCKTAG		tag;

	if (!registered)
	{
		RegisterXactCallback(at_transaction_end, NULL);
		RegisterSubXactCallback(at_subtransaction_end, NULL);
		before_shmem_exit(at_exit, (Datum) 0);
		registered = true;
	}
	if (run_locked)
		PG_RETURN_BOOL(false);
	lock_tag(&tag, LOCK_RUN);
	run_locked = LockAcquire(&tag, ExclusiveLock, true, true) != LOCKACQUIRE_NOT_AVAIL;
	run_locked_in = GetCurrentSubTransactionId();
	PG_RETURN_BOOL(run_locked);
}

/* run_unlock(until_end): now, or when the transaction ends */
Datum
dunning_run_unlock(PG_FUNCTION_ARGS)
{
	LOCKTAG		tag;

	if (run_locked && PG_GETARG_BOOL(0))
	{
		lock_tag(&tag, LOCK_RUN);
		(void) LockAcquire(&tag, ExclusiveLock, false, true);
	}
	let_go();
	PG_RETURN_VOID();
}

/* claim_lock(): until the transaction ends; false if another session books claims */
Datum
dunning_claim_lock(PG_FUNCTION_ARGS)
{
	LOCKTAG		tag;

	lock_tag(&tag, LOCK_CLAIMS);
	PG_RETURN_BOOL(LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL);
}

/* notice_lock(): until the transaction ends, after whoever makes messages now */
Datum
dunning_notice_lock(PG_FUNCTION_ARGS)
{
	LOCKTAG		tag;

	lock_tag(&tag, LOCK_NOTICES);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	PG_RETURN_VOID();
}
