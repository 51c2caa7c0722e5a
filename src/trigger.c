/* trigger.c: see trigger.h */
#include "trigger.h"

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/rel.h"

/*
 * The call's trigger data, after the checks of the trigger protocol: error
 * 39P01 for a trigger of the wrong kind, 22023 for a wrong number of arguments.
 */
TriggerData *
dunning_trigger_data(FunctionCallInfo fcinfo, const DunningTrigger *trigger)
{
	TriggerData *data = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager", trigger->function),
				 errdetail("Expected is CREATE TRIGGER ... %s.", trigger->usage)));
	if ((data->tg_event & TRIGGER_EVENT_TIMINGMASK) != trigger->timing)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired %s", trigger->function,
						trigger->timing == TRIGGER_EVENT_BEFORE ? "BEFORE" : "AFTER"),
				 errdetail("Expected is CREATE TRIGGER ... %s.", trigger->usage)));
	if (!TRIGGER_FIRED_BY_INSERT(data->tg_event) &&
		!TRIGGER_FIRED_BY_UPDATE(data->tg_event) &&
		!(trigger->on_delete && TRIGGER_FIRED_BY_DELETE(data->tg_event)))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired for %s", trigger->function,
						trigger->on_delete ? "INSERT, UPDATE or DELETE" : "INSERT or UPDATE"),
				 errdetail("Expected is CREATE TRIGGER ... %s.", trigger->usage)));
	if ((TRIGGER_FIRED_FOR_ROW(data->tg_event) != 0) == trigger->for_statement)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired FOR EACH %s", trigger->function,
						trigger->for_statement ? "STATEMENT" : "ROW"),
				 errdetail("Expected is CREATE TRIGGER ... %s.", trigger->usage)));
	if (data->tg_trigger->tgnargs < trigger->least_args ||
		data->tg_trigger->tgnargs > trigger->most_args)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("wrong number of arguments for function \"%s\": %d",
						trigger->function, data->tg_trigger->tgnargs),
				 errdetail("Expected is CREATE TRIGGER ... %s.", trigger->usage)));
	return data;
}

/*
 * A column of the trigger's table by its name.  Errors: 42703 if there is
 * none, a system column included; 0A000 if it is generated and has no value
 * when the trigger is fired.
 */
Form_pg_attribute
dunning_trigger_column(Relation rel, const char *name, const DunningTrigger *trigger)
{
	int			attnum = SPI_fnumber(RelationGetDescr(rel), name);
	Form_pg_attribute att;

	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						name, RelationGetRelationName(rel)),
				 errdetail("Function \"%s\" needs it.", trigger->function),
				 trigger->missing_hint ? errhint("%s", trigger->missing_hint) : 0));
	att = TupleDescAttr(RelationGetDescr(rel), attnum - 1);

	/* stored ones are there once the row is, virtual ones never */
	if (att->attgenerated != '\0' &&
		!(trigger->timing == TRIGGER_EVENT_AFTER && att->attgenerated == ATTRIBUTE_GENERATED_STORED))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" of relation \"%s\" is a generated column",
						name, RelationGetRelationName(rel)),
				 errdetail("It has no value when function \"%s\" is fired.", trigger->function),
				 errhint("Use an ordinary column.")));
	return att;
}

/* Error 42804 for a column of a type that the trigger cannot use; hint may be NULL. */
void
dunning_trigger_wrong_type(Relation rel, Form_pg_attribute att, const DunningTrigger *trigger,
						   const char *needed, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of relation \"%s\" is of type %s",
					NameStr(att->attname), RelationGetRelationName(rel),
					format_type_be(att->atttypid)),
			 errdetail("Function \"%s\" needs %s.", trigger->function, needed),
			 hint ? errhint("%s", hint) : 0));
}

/* Error 22023 for a column that is one argument too many. */
void
dunning_trigger_named_twice(Relation rel, const char *name, const DunningTrigger *trigger)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("column \"%s\" of relation \"%s\" is named twice for function \"%s\"",
					name, RelationGetRelationName(rel), trigger->function),
			 errdetail("Expected is CREATE TRIGGER ... %s.", trigger->usage)));
}
