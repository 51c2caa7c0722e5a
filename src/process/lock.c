/*
 * process/lock.c: one dunning run at a time.
 *
 * The run commits as it goes, so its lock belongs to the session; and since a
 * session may live on for long after a run was interrupted in it, an error
 * lets the lock go.
 */
#include "shell.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lock.h"

PG_FUNCTION_INFO_V1(dunning_run_lock);
PG_FUNCTION_INFO_V1(dunning_run_unlock);

/* The advisory lock of a run, as pg_advisory_lock(key1, key2) would take it. */
#define RUN_LOCK_KEY1 0x64756e6e	/* "dunn" */
#define RUN_LOCK_KEY2 1

static bool run_locked = false;
static SubTransactionId run_locked_in;	/* the subtransaction whose failure lets it go */

static void
run_lock_tag(LOCKTAG *tag)
{
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, RUN_LOCK_KEY1, RUN_LOCK_KEY2, 2);
}

static void
let_go(void)
{
	LOCKTAG		tag;

	if (!run_locked)
		return;
	run_locked = false;
	run_lock_tag(&tag);
	LockRelease(&tag, ExclusiveLock, true);
}

static void
at_transaction_end(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT)
		let_go();
}

/* A run in a block that catches its error leaves no transaction aborted. */
static void
at_subtransaction_end(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	if (!run_locked || mine != run_locked_in)
		return;
	if (event == SUBXACT_EVENT_ABORT_SUB)
		let_go();
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
		run_locked_in = parent;
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
		registered = true;
	}
	if (run_locked)
		PG_RETURN_BOOL(false);
	run_lock_tag(&tag);
	run_locked = LockAcquire(&tag, ExclusiveLock, true, true) != LOCKACQUIRE_NOT_AVAIL;
	run_locked_in = GetCurrentSubTransactionId();
	PG_RETURN_BOOL(run_locked);
}

Datum
dunning_run_unlock(PG_FUNCTION_ARGS)
{
	let_go();
	PG_RETURN_VOID();
}
