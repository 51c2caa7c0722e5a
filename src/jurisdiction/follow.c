/*
 * jurisdiction/follow.c: rules follow their rates and laws.
 *
 * Who enters a rate needs no right on the rules: as with a foreign key, what
 * follows is done as the owner of the table that it is done to.
 */
#include "compat.h"

#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "catalog/pg_class.h"

PG_FUNCTION_INFO_V1(dunning_follow_series);

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

/*
 * The lock waits for rules that another session enters, which were built
 * without what changes here: a restore of several jobs does so.
 */
Datum
dunning_follow_series(PG_FUNCTION_ARGS)
{
	Oid			user;
	int			context;
	Oid			rule;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager", "_dunning.follow_series")));
	rule = get_relname_relid("rule", RelationGetNamespace(((TriggerData *) fcinfo->context)->tg_relation));
	if (!OidIsValid(rule))
		elog(ERROR, "table \"rule\" is not there");

	/* an error restores the user as the transaction or subtransaction ends */
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(relation_owner(rule), context |
						   SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	SPI_connect();
	if (SPI_execute("LOCK TABLE dunning.rule IN SHARE ROW EXCLUSIVE MODE", false, 0) != SPI_OK_UTILITY ||
		SPI_execute("UPDATE dunning.rule SET series = series WHERE series IS NOT NULL OR jurisdiction IS NOT NULL",
					false, 0) != SPI_OK_UPDATE)
		elog(ERROR, "rules could not be built");
	SPI_finish();
	SetUserIdAndSecContext(user, context);
	return PointerGetDatum(NULL);
}
