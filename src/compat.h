/*
 * compat.h: what differs between PostgreSQL 15 and 19.
 *
 * The only file that looks at PG_VERSION_NUM.
 */
#ifndef DUNNING_COMPAT_H
#define DUNNING_COMPAT_H

#include "postgres.h"
#include "fmgr.h"

#if PG_VERSION_NUM < 150000
#error "pg_dunning needs PostgreSQL 15 or later"
#endif

#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#include "varatt.h"
#else
/* Soft errors came with 16; before it every input error is raised. */
#define ereturn(context, dummy, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy; \
	} while (0)
#define SOFT_ERROR_OCCURRED(context) false
#endif

/* 16 has functions where 15 had casts, which hide a pointer that is taken for a datum; a strict build sees it here, too. */
#if PG_VERSION_NUM < 160000 && defined(DN_ASSERT)
static inline Pointer
dunning_datum_get_pointer(Datum datum)
{
	return (Pointer) datum;
}

static inline Datum
dunning_pointer_get_datum(const void *pointer)
{
	return (Datum) pointer;
}
#undef DatumGetPointer
#define DatumGetPointer(datum) dunning_datum_get_pointer(datum)
#undef PointerGetDatum
#define PointerGetDatum(pointer) dunning_pointer_get_datum(pointer)
#endif

/* 18 puts the word in front of a declaration. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* 18 lets a library say its name and version. */
#if PG_VERSION_NUM >= 180000
#define DUNNING_MODULE_MAGIC(n, v) PG_MODULE_MAGIC_EXT(.name = (n), .version = (v))
#else
#define DUNNING_MODULE_MAGIC(n, v) PG_MODULE_MAGIC
#endif

/* 16 has one function for the rights on every kind of object; needs utils/acl.h. */
#if PG_VERSION_NUM >= 160000
#define dunning_may_execute(function, role) \
	(object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE) == ACLCHECK_OK)
#else
#define dunning_may_execute(function, role) \
	(pg_proc_aclcheck(function, role, ACL_EXECUTE) == ACLCHECK_OK)
#endif

/* input of a type's text form, with soft errors where the server has them */
#if PG_VERSION_NUM >= 160000
#define DUNNING_SAFE_INPUT(fn, str, typmod, escontext, result) \
	DirectInputFunctionCallSafe(fn, str, InvalidOid, typmod, escontext, result)
#else
#define DUNNING_SAFE_INPUT(fn, str, typmod, escontext, result) \
	((void) (escontext), *(result) = DirectFunctionCall3(fn, CStringGetDatum(str), ObjectIdGetDatum(InvalidOid), Int32GetDatum(typmod)), true)
#endif

/* 16 tells membership from the right to SET ROLE. */
#if PG_VERSION_NUM >= 160000
#define dunning_can_set_role(member, role) member_can_set_role(member, role)
#else
#define dunning_can_set_role(member, role) is_member_of_role(member, role)
#endif

/* 18 always executes a plan once. */
#if PG_VERSION_NUM >= 180000
#define dunning_executor_run(desc) ExecutorRun(desc, ForwardScanDirection, 0)
#else
#define dunning_executor_run(desc) ExecutorRun(desc, ForwardScanDirection, 0, true)
#endif

/* 19 tells the planner of an EXPLAIN. */
#if PG_VERSION_NUM >= 190000
#define dunning_plan_query(query, sql, options) pg_plan_query(query, sql, options, NULL, NULL)
#else
#define dunning_plan_query(query, sql, options) pg_plan_query(query, sql, options, NULL)
#endif

#endif
