/*
 * terms/set_due_date.c: the trigger that fills the due date of a row from its
 * day of issue and its payment terms.
 *
 * Whoever writes an invoice needs no right on anything of ours: the functions
 * are found in the catalogs without a look at privileges, and the calendar is
 * read with the rights of the owner of dunning.holiday_calendar(text).
 */
#include "trigger.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "core/terms.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "shell.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(dunning_set_due_date);

static const DunningTrigger set_due_date_trigger = {
	.function = "dunning.set_due_date",
	.timing = TRIGGER_EVENT_BEFORE,
	.least_args = 3,
	.most_args = 5,
	.usage = "BEFORE INSERT OR UPDATE ON ... FOR EACH ROW EXECUTE FUNCTION "
	"dunning.set_due_date('issue column', 'terms column', 'due column' [, 'keep' | 'always' [, 'calendar name']])"
};

#define TERMS_KEPT_MAX 64		/* different texts of terms whose values are kept */

/* A text of terms and its value. */
typedef struct KeptTerms
{
	int			len;
	char	   *text;			/* NULL: the place is free */
	Datum		value;
} KeptTerms;

/* A column of the table: where it is, and of what type. */
typedef struct Column
{
	const char *name;
	int			attnum;
	Oid			type;
	int16		typlen;
	bool		typbyval;
} Column;

/* What is looked up once a statement, kept in fn_extra. */
typedef struct SetDueDate
{
	MemoryContext mcxt;
	const char *relation;
	const char *at;				/* the column that an error is about */
	Column		issued_on;
	Column		terms;
	Column		due_on;
	void	   *domain;			/* kept by domain_check() for the due date */
	bool		always;
	bool		is_text;		/* the terms are text */
	FmgrInfo	terms_input;
	Oid			ioparam;
	FmgrInfo	due_date;
	Datum		calendar;
	int			next;			/* the place that is given away next */
	KeptTerms	kept[TERMS_KEPT_MAX];
} SetDueDate;

/* What a row says. */
typedef struct Row
{
	NullableDatum issued_on;
	NullableDatum terms;
	NullableDatum due_on;
} Row;

static void
name_column(void *arg)
{
	SetDueDate *s = arg;

	errcontext("column \"%s\" of relation \"%s\"", s->at, s->relation);
}

static Oid
schema_type(const char *name)
{
	Oid			type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name),
									   ObjectIdGetDatum(get_namespace_oid(DUNNING_SCHEMA, false)));

	if (!OidIsValid(type))
		elog(ERROR, "type \"%s.%s\" does not exist", DUNNING_SCHEMA, name);
	return type;
}

/* The row in pg_proc of one of our functions; to be released. */
static HeapTuple
schema_function(const char *name, int nargs, const Oid *argtypes)
{
	HeapTuple	tuple = SearchSysCache3(PROCNAMEARGSNSP, CStringGetDatum(name),
										PointerGetDatum(buildoidvector(argtypes, nargs)),
										ObjectIdGetDatum(get_namespace_oid(DUNNING_SCHEMA, false)));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "function \"%s.%s\" does not exist", DUNNING_SCHEMA, name);
	return tuple;
}

static Form_pg_attribute
find_column(SetDueDate *s, Relation rel, const char *name, Column *column)
{
	Form_pg_attribute att = dunning_trigger_column(rel, name, &set_due_date_trigger);

	if (att->attnum == s->issued_on.attnum || att->attnum == s->terms.attnum)
		dunning_trigger_named_twice(rel, name, &set_due_date_trigger);
	column->name = name;
	column->attnum = att->attnum;
	column->type = att->atttypid;
	column->typlen = att->attlen;
	column->typbyval = att->attbyval;
	return att;
}

static void
date_column(SetDueDate *s, Relation rel, const char *name, Column *column,
			const char *needed, const char *hint)
{
	Form_pg_attribute att = find_column(s, rel, name, column);
	Oid			type = getBaseType(column->type);

	if (type != DATEOID)
		dunning_trigger_wrong_type(rel, att, &set_due_date_trigger, needed,
								   type == TIMESTAMPOID || type == TIMESTAMPTZOID ? hint : NULL);
}

static void
terms_column(SetDueDate *s, Relation rel, const char *name, Oid terms_type)
{
	Form_pg_attribute att = find_column(s, rel, name, &s->terms);
	Oid			type = getBaseType(s->terms.type);
	Oid			input;

	s->is_text = type == TEXTOID || type == VARCHAROID;
	if (!s->is_text && type != terms_type)
		dunning_trigger_wrong_type(rel, att, &set_due_date_trigger,
								   "terms of type dunning.payment_terms, text or character varying", NULL);
	getTypeInputInfo(terms_type, &input, &s->ioparam);
	fmgr_info_cxt(input, &s->terms_input, s->mcxt);
}

static bool
is_always(const char *mode)
{
	if (strcmp(mode, "always") == 0)
		return true;
	if (strcmp(mode, "keep") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown mode for function \"%s\": \"%s\"", set_due_date_trigger.function, mode),
				 errhint("Use keep, which leaves a due date that was typed in, or always.")));
	return false;
}

/* The calendar of this name, detoasted; the function raises 42704 if there is none. */
static Datum
named_calendar(const char *name)
{
	Oid			argtype = TEXTOID;
	HeapTuple	tuple = schema_function("holiday_calendar", 1, &argtype);
	Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);
	Oid			owner = proc->proowner;
	LOCAL_FCINFO(call, 1);
	FmgrInfo	function;
	Datum		calendar;
	Oid			user;
	int			context;

	fmgr_info(proc->oid, &function);
	ReleaseSysCache(tuple);
	InitFunctionCallInfoData(*call, &function, 1, DEFAULT_COLLATION_OID, NULL, NULL);
	call->args[0] = (NullableDatum) {CStringGetTextDatum(name), false};

	/* an error restores the user as the transaction or subtransaction ends */
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(owner, context | SECURITY_LOCAL_USERID_CHANGE);
	calendar = FunctionCallInvoke(call);
	SetUserIdAndSecContext(user, context);
	return PointerGetDatum(PG_DETOAST_DATUM(calendar));
}

/* The calendar that a call of the function without one gets. */
static Datum
default_calendar(HeapTuple due_date)
{
	bool		isnull;
	Datum		defaults = SysCacheGetAttr(PROCOID, due_date, Anum_pg_proc_proargdefaults, &isnull);
	Node	   *value = NULL;

	if (!isnull)
		value = eval_const_expressions(NULL, llast(castNode(List, stringToNode(TextDatumGetCString(defaults)))));
	if (value == NULL || !IsA(value, Const) || ((Const *) value)->constisnull)
		elog(ERROR, "function \"%s.due_date\" has no constant calendar by default", DUNNING_SCHEMA);
	return ((Const *) value)->constvalue;
}

/* Looks the function and its last argument up; the name is NULL for the default calendar. */
static void
set_computation(SetDueDate *s, Oid terms_type, const char *calendar)
{
	Oid			argtypes[3] = {DATEOID, terms_type, schema_type("calendar")};
	HeapTuple	tuple = schema_function("due_date", lengthof(argtypes), argtypes);
	ErrorContextCallback context = {.previous = error_context_stack, .callback = name_column, .arg = s};
	Datum		value;
	MemoryContext old;

	error_context_stack = &context;
	s->at = s->due_on.name;
	value = calendar != NULL ? named_calendar(calendar) : default_calendar(tuple);
	error_context_stack = context.previous;
	old = MemoryContextSwitchTo(s->mcxt);
	fmgr_info(((Form_pg_proc) GETSTRUCT(tuple))->oid, &s->due_date);
	s->calendar = datumCopy(value, false, -1);
	MemoryContextSwitchTo(old);
	ReleaseSysCache(tuple);
}

static SetDueDate *
setup(FunctionCallInfo fcinfo, const TriggerData *data)
{
	const Trigger *trigger = data->tg_trigger;
	Relation	rel = data->tg_relation;
	SetDueDate *s = fcinfo->flinfo->fn_extra;
	Oid			terms_type;

	if (s != NULL)
		return s;
	s = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(SetDueDate));
	s->mcxt = fcinfo->flinfo->fn_mcxt;
	s->relation = MemoryContextStrdup(s->mcxt, RelationGetRelationName(rel));
	terms_type = schema_type("payment_terms");
	date_column(s, rel, trigger->tgargs[0], &s->issued_on, "a day of issue of type date",
				"An invoice is issued on a day: make the column a date, or keep the day in a column of its own.");
	terms_column(s, rel, trigger->tgargs[1], terms_type);
	date_column(s, rel, trigger->tgargs[2], &s->due_on, "a due date of type date",
				"An item is due on a day: make the column a date.");
	s->always = trigger->tgnargs > 3 && is_always(trigger->tgargs[3]);
	set_computation(s, terms_type, trigger->tgnargs > 4 ? trigger->tgargs[4] : NULL);
	fcinfo->flinfo->fn_extra = s;
	return s;
}

/*
 * The value of terms that are text, kept for the rows that follow.  Only where
 * they need not be understood does it return false; otherwise their type's
 * input raises the error.
 */
static bool
text_terms(SetDueDate *s, Datum datum, bool must, Datum *value)
{
	text	   *t = DatumGetTextPP(datum);
	int			len = VARSIZE_ANY_EXHDR(t);
	KeptTerms  *place = &s->kept[s->next];
	char	   *string;
	DnTermsRoom room;
	DnTerms		terms;
	DnError		err;
	MemoryContext old;
	int			i;

	for (i = 0; i < TERMS_KEPT_MAX && s->kept[i].text != NULL; i++)
		if (s->kept[i].len == len && memcmp(s->kept[i].text, VARDATA_ANY(t), len) == 0)
		{
			*value = s->kept[i].value;
			return true;
		}

	/* the input of a type raises its errors, before 16 always */
	if (!must && !dn_parse_terms(VARDATA_ANY(t), len, &room, &terms, &err))
		return false;
	string = text_to_cstring(t);
	s->at = s->terms.name;
	*value = InputFunctionCall(&s->terms_input, string, s->ioparam, -1);
	old = MemoryContextSwitchTo(s->mcxt);
	if (place->text != NULL)
	{
		pfree(place->text);
		pfree(DatumGetPointer(place->value));
	}
	place->len = len;
	place->text = pstrdup(string);
	place->value = datumCopy(*value, false, -1);
	s->next = (s->next + 1) % TERMS_KEPT_MAX;
	MemoryContextSwitchTo(old);
	return true;
}

/* The due date that a row's day of issue and terms give, if it has both. */
static bool
compute(SetDueDate *s, const Row *row, bool must, DateADT *due_on)
{
	Datum		terms = row->terms.value;

	if (row->issued_on.isnull || row->terms.isnull ||
		(s->is_text && !text_terms(s, row->terms.value, must, &terms)))
		return false;
	s->at = s->due_on.name;
	*due_on = DatumGetDateADT(FunctionCall3(&s->due_date, row->issued_on.value, terms, s->calendar));
	return true;
}

static bool
same(const Column *column, NullableDatum a, NullableDatum b)
{
	if (a.isnull || b.isnull)
		return a.isnull && b.isnull;
	return datum_image_eq(a.value, b.value, column->typbyval, column->typlen);
}

/*
 * Whether the due date of a row is one that somebody typed in, or one that
 * nothing has changed for; was is NULL for an INSERT.
 *
 * XXX where the day of issue was so late that its due date lies beyond the
 * calendar, mending that day raises 22008 unless the due date is set to NULL
 * or to another one along with it.
 */
static bool
stays(SetDueDate *s, const Row *was, const Row *is)
{
	DateADT		ours;

	if (is->due_on.isnull)
		return false;
	if (was == NULL || !same(&s->due_on, was->due_on, is->due_on))
		return true;
	if (same(&s->issued_on, was->issued_on, is->issued_on) && same(&s->terms, was->terms, is->terms))
		return true;
	return !compute(s, was, false, &ours) || ours != DatumGetDateADT(was->due_on.value);
}

static NullableDatum
get(HeapTuple tuple, TupleDesc desc, const Column *column)
{
	NullableDatum d;

	d.value = heap_getattr(tuple, column->attnum, desc, &d.isnull);
	return d;
}

static void
get_row(const SetDueDate *s, HeapTuple tuple, TupleDesc desc, Row *row)
{
	row->issued_on = get(tuple, desc, &s->issued_on);
	row->terms = get(tuple, desc, &s->terms);
	row->due_on = get(tuple, desc, &s->due_on);
}

/*
 * set_due_date(issue column, terms column, due column [, mode [, calendar]]):
 * the row with its due date; without a day of issue or terms, as it is.
 */
Datum
dunning_set_due_date(PG_FUNCTION_ARGS)
{
	TriggerData *data = dunning_trigger_data(fcinfo, &set_due_date_trigger);
	SetDueDate *s = setup(fcinfo, data);
	TupleDesc	desc = RelationGetDescr(data->tg_relation);
	bool		is_update = TRIGGER_FIRED_BY_UPDATE(data->tg_event);
	HeapTuple	tuple = is_update ? data->tg_newtuple : data->tg_trigtuple;
	ErrorContextCallback context = {.previous = error_context_stack, .callback = name_column, .arg = s};
	Row			was;
	Row			is;
	DateADT		due_on;
	bool		no = false;

	get_row(s, tuple, desc, &is);
	if (is_update)
		get_row(s, data->tg_trigtuple, desc, &was);
	error_context_stack = &context;
	s->at = s->due_on.name;
	if ((s->always || !stays(s, is_update ? &was : NULL, &is)) &&
		compute(s, &is, true, &due_on) &&
		(is.due_on.isnull || due_on != DatumGetDateADT(is.due_on.value)))
	{
		Datum		value = DateADTGetDatum(due_on);

		if (s->due_on.type != DATEOID)
			domain_check(value, false, s->due_on.type, &s->domain, s->mcxt);
		tuple = heap_modify_tuple_by_cols(tuple, desc, 1, &s->due_on.attnum, &value, &no);
	}
	error_context_stack = context.previous;
	return PointerGetDatum(tuple);
}
