/* trigger.h: the checks that our trigger functions share */
#ifndef DUNNING_TRIGGER_H
#define DUNNING_TRIGGER_H

#include "compat.h"

#include "access/tupdesc.h"
#include "commands/trigger.h"

/* What a trigger function asks of the trigger that calls it. */
typedef struct DunningTrigger
{
	const char *function;		/* its name, with the schema */
	TriggerEvent timing;		/* TRIGGER_EVENT_BEFORE or TRIGGER_EVENT_AFTER */
	bool		on_delete;		/* whether DELETE is one of its events */
	bool		for_statement;	/* FOR EACH STATEMENT, and not FOR EACH ROW */
	int			least_args;
	int			most_args;
	const char *usage;			/* the end of CREATE TRIGGER, for the detail */
	const char *missing_hint;	/* what to do if a column is missing, or NULL */
} DunningTrigger;

extern TriggerData *dunning_trigger_data(FunctionCallInfo fcinfo, const DunningTrigger *trigger);
extern Form_pg_attribute dunning_trigger_column(Relation rel, const char *name,
												const DunningTrigger *trigger);
pg_noreturn extern void dunning_trigger_wrong_type(Relation rel, Form_pg_attribute att,
												   const DunningTrigger *trigger,
												   const char *needed, const char *hint);
pg_noreturn extern void dunning_trigger_named_twice(Relation rel, const char *name,
													const DunningTrigger *trigger);

#endif
