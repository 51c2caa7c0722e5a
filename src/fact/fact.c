/*
 * fact/fact.c: whether an update changes more of a fact than its end.
 *
 * A condition of a trigger is parsed for each statement.  One that names each
 * column twice takes longer than the update, so it is one call.
 */
#include "shell.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(dunning_fact_changed);

/* What an update may do to a column. */
typedef enum Change
{
	CHANGE_NEVER,
	CHANGE_ONCE,				/* from NULL */
	CHANGE_FREELY
} Change;

/* The columns of a table, kept from row to row of a statement. */
typedef struct Facts
{
	Oid			type;
	TupleDesc	desc;
	Change	   *may;
	Datum	   *value[2];		/* the old ones and the new ones */
	bool	   *null[2];
} Facts;

static bool
is_among(const NameData *name, ArrayType *names)
{
	Datum	   *element;
	int			n;
	int			i;

	deconstruct_array(names, TEXTOID, -1, false, TYPALIGN_INT, &element, NULL, &n);
	for (i = 0; i < n; i++)
	{
		text	   *t = DatumGetTextPP(element[i]);

		if (VARSIZE_ANY_EXHDR(t) == strlen(NameStr(*name)) &&
			memcmp(VARDATA_ANY(t), NameStr(*name), VARSIZE_ANY_EXHDR(t)) == 0)
			return true;
	}
	return false;
}

static Facts *
facts_of(FunctionCallInfo fcinfo, HeapTupleHeader row)
{
	MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	Facts	   *facts = palloc(sizeof(Facts));
	int			i;

	facts->type = HeapTupleHeaderGetTypeId(row);
	facts->desc = lookup_rowtype_tupdesc_copy(facts->type, HeapTupleHeaderGetTypMod(row));
	facts->may = palloc(facts->desc->natts * sizeof(Change));
	for (i = 0; i < 2; i++)
	{
		facts->value[i] = palloc(facts->desc->natts * sizeof(Datum));
		facts->null[i] = palloc(facts->desc->natts * sizeof(bool));
	}
	for (i = 0; i < facts->desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(facts->desc, i);

		facts->may[i] = column->attisdropped || column->attgenerated != '\0' ? CHANGE_FREELY :
			is_among(&column->attname, PG_GETARG_ARRAYTYPE_P(3)) ? CHANGE_ONCE :
			is_among(&column->attname, PG_GETARG_ARRAYTYPE_P(2)) ? CHANGE_FREELY : CHANGE_NEVER;
	}
	MemoryContextSwitchTo(old);
	fcinfo->flinfo->fn_extra = facts;
	return facts;
}

static void
deform(const Facts *facts, HeapTupleHeader row, int which)
{
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(row), .t_data = row};

	if (HeapTupleHeaderGetTypeId(row) != facts->type)
		elog(ERROR, "rows of two types");
	heap_deform_tuple(&tuple, facts->desc, facts->value[which], facts->null[which]);
}

/*
 * fact_changed(old, new, ends, once): whether a column differs byte by byte, so
 * that 1.0 is not 1.00, that is neither an end, nor one that is filled in once
 * and was NULL.
 */
Datum
dunning_fact_changed(PG_FUNCTION_ARGS)
{
	HeapTupleHeader row[2] = {PG_GETARG_HEAPTUPLEHEADER(0), PG_GETARG_HEAPTUPLEHEADER(1)};
	Facts	   *facts = fcinfo->flinfo->fn_extra;
	int			i;

	if (facts == NULL || facts->type != HeapTupleHeaderGetTypeId(row[0]))
		facts = facts_of(fcinfo, row[0]);
	deform(facts, row[0], 0);
	deform(facts, row[1], 1);
	for (i = 0; i < facts->desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(facts->desc, i);
		bool		was_null = facts->null[0][i];

		if (facts->may[i] == CHANGE_FREELY || (facts->may[i] == CHANGE_ONCE && was_null))
			continue;
		if (was_null != facts->null[1][i] ||
			(!was_null && !datum_image_eq(facts->value[0][i], facts->value[1][i], column->attbyval, column->attlen)))
			PG_RETURN_BOOL(true);
	}
	PG_RETURN_BOOL(false);
}
