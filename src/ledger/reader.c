/*
 * ledger/reader.c: reading what belongs to others with no more rights than
 * its owner has.
 *
 * A view, a policy, an index expression of an ERP's table is code of whoever
 * owns it, and PostgreSQL runs it as whoever reads the table.  So a query is
 * analysed as the caller, who may look up names of ours, and is rewritten,
 * planned and executed as another role in a security-restricted operation, as
 * REFRESH MATERIALIZED VIEW does it.  The planner is part of it: it evaluates
 * index expressions and CHECK constraints.
 */
#include "shell.h"

#include "access/xact.h"
#include "executor/executor.h"
#include "executor/tstoreReceiver.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "parser/analyze.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(dunning_read_as);
PG_FUNCTION_INFO_V1(dunning_query_cost);
PG_FUNCTION_INFO_V1(dunning_policies_apply);

/* Who was at work before, and where the settings stood. */
typedef struct Reader
{
	Oid			user;
	int			context;
	int			guc_level;
} Reader;

/*
 * Nobody becomes a role that he could not become by SET ROLE.  An error ends
 * the switch as the transaction or subtransaction ends.
 */
static Reader
become(Oid role)
{
	Reader		before;

	GetUserIdAndSecContext(&before.user, &before.context);
	if (role != before.user && !dunning_can_set_role(before.user, role))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("role \"%s\" may not read as role \"%s\"",
						GetUserNameFromId(before.user, false), GetUserNameFromId(role, false))));
	/* restricted also if it is the same role, which could be left by RESET ROLE */
	SetUserIdAndSecContext(role, before.context |
						   SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	/* what the code of others sets is undone with it */
	before.guc_level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	return before;
}

static void
become_again(Reader before)
{
	AtEOXact_GUC(false, before.guc_level);
	SetUserIdAndSecContext(before.user, before.context);
}

/* One SELECT, analysed as the caller. */
static Query *
analyse(const char *sql)
{
	List	   *parsed = pg_parse_query(sql);
	Query	   *query;

	if (list_length(parsed) != 1)
		elog(ERROR, "one query is expected");
	query = parse_analyze_fixedparams(linitial_node(RawStmt, parsed), sql, NULL, 0, NULL);
	if (query->commandType != CMD_SELECT || query->hasModifyingCTE)
		elog(ERROR, "a query that only reads is expected");
	return query;
}

static PlannedStmt *
plan(Query *query, const char *sql)
{
	return dunning_plan_query(linitial_node(Query, pg_rewrite_query(query)), sql,
							  CURSOR_OPT_PARALLEL_OK);
}

/*
 * A run takes a cancel or a shutdown as the end of all its work, and claims take
 * the violation of a unique key as one of their own table.  The code of others
 * can raise errors with these codes, too.  They are given another code, unless
 * the server itself raised them.  Code that a role runs with its own rights is
 * not kept from this: it can cancel the session in earnest.
 */
static bool
is_pretended(const ErrorData *error)
{
	switch (error->sqlerrcode)
	{
		case ERRCODE_QUERY_CANCELED:
		case ERRCODE_ADMIN_SHUTDOWN:
		case ERRCODE_CRASH_SHUTDOWN:
			return error->funcname == NULL || strcmp(error->funcname, "ProcessInterrupts") != 0;
		default:
			return error->sqlerrcode == ERRCODE_UNIQUE_VIOLATION;
	}
}

/* Throws the error of a PG_CATCH block on. */
static void
rethrow(MemoryContext mcxt)
{
	ErrorData  *error;

	MemoryContextSwitchTo(mcxt);
	error = CopyErrorData();
	FlushErrorState();
	if (is_pretended(error))
		error->sqlerrcode = ERRCODE_EXTERNAL_ROUTINE_EXCEPTION;
	ReThrowError(error);
}

static void
execute(Query *query, const char *sql, DestReceiver *dest)
{
	QueryDesc  *desc;

	PushActiveSnapshot(GetActiveSnapshot());
	desc = CreateQueryDesc(plan(query, sql), sql, GetActiveSnapshot(), InvalidSnapshot,
						   dest, NULL, NULL, 0);
	ExecutorStart(desc, 0);
	dunning_executor_run(desc);
	ExecutorFinish(desc);
	ExecutorEnd(desc);
	FreeQueryDesc(desc);
	PopActiveSnapshot();
}

/*
 * read_as(role, query): the rows of a query that is planned and executed as a
 * role.  The declared result says what rows it has.
 */
Datum
dunning_read_as(PG_FUNCTION_ARGS)
{
	Oid			role = PG_GETARG_OID(0);
	char	   *sql = text_to_cstring(PG_GETARG_TEXT_PP(1));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Query	   *query = analyse(sql);
	MemoryContext mcxt = CurrentMemoryContext;
	DestReceiver *dest;
	Reader		before;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	dest = CreateTuplestoreDestReceiver();
	SetTuplestoreDestReceiverParams(dest, result->setResult,
									result->econtext->ecxt_per_query_memory, false,
									result->setDesc, "the query does not have the rows that are expected");
	before = become(role);
	PG_TRY();
	{
		execute(query, sql, dest);
	}
	PG_CATCH();
	{
		rethrow(mcxt);
	}
	PG_END_TRY();
	become_again(before);
	return (Datum) 0;
}

/* query_cost(role, query): what the planner thinks a query costs that role */
Datum
dunning_query_cost(PG_FUNCTION_ARGS)
{
	char	   *sql = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Query	   *query = analyse(sql);
	MemoryContext mcxt = CurrentMemoryContext;
	Reader		before = become(PG_GETARG_OID(0));
	PlannedStmt *volatile planned = NULL;

	PG_TRY();
	{
		planned = plan(query, sql);
	}
	PG_CATCH();
	{
		rethrow(mcxt);
	}
	PG_END_TRY();
	become_again(before);
	PG_RETURN_FLOAT8(planned->planTree->total_cost);
}

/* policies_apply(relation, role): whether row-level security hides rows from the role */
Datum
dunning_policies_apply(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(check_enable_rls(PG_GETARG_OID(0), PG_GETARG_OID(1), true) == RLS_ENABLED);
}
