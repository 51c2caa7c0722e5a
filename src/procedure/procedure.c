/*
 * procedure/procedure.c: dunning procedures as SQL values, and the next step of
 * an item.
 */
#include "type.h"

#include "access/htup_details.h"
#include "core/decide.h"
#include "core/procedure.h"
#include "funcapi.h"
#include "number.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(dunning_procedure_options);
PG_FUNCTION_INFO_V1(dunning_steps);
PG_FUNCTION_INFO_V1(dunning_next_step);
PG_FUNCTION_INFO_V1(dunning_state_of_step);
PG_FUNCTION_INFO_V1(dunning_same_steps);

#define PROCEDURE_TYPE "dunning_procedure"

typedef struct StoredProcedure
{
	DunningValue head;
	uint8		jump;
	uint8		zero;
	int32		n;
	int32		wait;
	DnStep		step[FLEXIBLE_ARRAY_MEMBER];	/* then the texts of the steps */
} StoredProcedure;

#define STORED_SIZE(n, texts_len) \
	(offsetof(StoredProcedure, step) + (Size) (n) * sizeof(DnStep) + (texts_len))

/* Points a core procedure at the bytes of a stored value, after checking them. */
static void
read_procedure(Datum datum, DnProcedure *p)
{
	StoredProcedure *v = (StoredProcedure *) PG_DETOAST_DATUM(datum);

	dunning_check_value(v, offsetof(StoredProcedure, step), PROCEDURE_TYPE);
	if (v->n < 1 || v->n > DN_STEPS_MAX || VARSIZE(v) < STORED_SIZE(v->n, 0))
		dunning_bad_value(PROCEDURE_TYPE);
	p->n = v->n;
	p->wait = v->wait;
	p->jump = v->jump != 0;
	p->step = v->step;
	p->texts = (const char *) (v->step + v->n);
	p->texts_len = VARSIZE(v) - STORED_SIZE(v->n, 0);
	if (!dn_procedure_valid(p))
		dunning_bad_value(PROCEDURE_TYPE);
}

static Datum
parse_procedure(const char *text, size_t len, struct Node *escontext)
{
	DnProcedureRoom *room = palloc(sizeof(DnProcedureRoom));
	DnProcedure p;
	DnError		err;
	StoredProcedure *v;
	Size		size;

	if (!dn_parse_procedure(text, len, room, &p, &err))
	{
		dunning_parse_error(escontext, PROCEDURE_TYPE, text, len, &err);
		return (Datum) 0;
	}
	size = STORED_SIZE(p.n, p.texts_len);
	v = palloc0(size);
	SET_VARSIZE(v, size);
	v->head.version = DUNNING_VALUE_VERSION;
	v->jump = p.jump;
	v->n = p.n;
	v->wait = p.wait;
	memcpy(v->step, p.step, p.n * sizeof(DnStep));
	memcpy(v->step + p.n, p.texts, p.texts_len);
	return PointerGetDatum(v);
}

static char *
procedure_text(Datum datum)
{
	DnProcedure p;

	read_procedure(datum, &p);
	return dunning_print(dn_print_procedure, &p);
}

DUNNING_VALUE_TYPE(dunning_procedure, parse_procedure, procedure_text, NULL);

/* procedure_options(procedure): the options that follow the steps */
Datum
dunning_procedure_options(PG_FUNCTION_ARGS)
{
	TupleDesc	desc = dunning_result_desc(fcinfo);
	DnProcedure p;
	Datum		values[2];
	bool		nulls[2] = {false};

	read_procedure(PG_GETARG_DATUM(0), &p);
	values[0] = Int32GetDatum(p.wait);
	values[1] = CStringGetTextDatum(p.jump ? "jump" : "stepwise");
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}

static Datum
channel_datum(const DnProcedure *p, const DnStep *step)
{
	return PointerGetDatum(cstring_to_text_with_len(p->texts + step->text, step->channel_len));
}

static Datum
label_datum(const DnProcedure *p, const DnStep *step)
{
	return PointerGetDatum(cstring_to_text_with_len(p->texts + step->text + step->channel_len,
													step->label_len));
}

/* A fee or minimum as (amount, currency), both NULL if there is none. */
static void
fee_columns(int64 units, const char *currency, Datum *values, bool *nulls)
{
	nulls[0] = nulls[1] = units == 0;
	if (units != 0)
	{
		values[0] = NumericGetDatum(dunning_short_numeric(units, DN_FEE_SCALE));
		values[1] = CStringGetTextDatum(currency);
	}
}

/* steps(procedure): one row a step, in order */
Datum
dunning_steps(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	DnProcedure p;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	read_procedure(PG_GETARG_DATUM(0), &p);
	for (i = 0; i < p.n; i++)
	{
		const DnStep *step = &p.step[i];
		Datum		values[10];
		bool		nulls[10] = {false};

		values[0] = Int32GetDatum(i + 1);
		values[1] = Int32GetDatum(step->offset);
		values[2] = channel_datum(&p, step);
		nulls[3] = step->label_len == 0;
		values[3] = label_datum(&p, step);
		fee_columns(step->fee, step->fee_currency, values + 4, nulls + 4);
		fee_columns(step->min, step->min_currency, values + 6, nulls + 6);
		values[8] = Int32GetDatum(step->wait != 0 ? step->wait : p.wait);
		values[9] = BoolGetDatum(step->manual != 0);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* The comparison of an open amount with a step's minimum and with zero. */
typedef struct OpenAmount
{
	bool		fits;			/* units is the amount */
	int64		units;
	Numeric		numeric;
} OpenAmount;

static bool
amount_below(const OpenAmount *amount, int64 units)
{
	if (amount->fits)
		return amount->units < units;
	return number_cmp(amount->numeric, dunning_scaled_numeric(units, DN_FEE_SCALE)) < 0;
}

static const char *const state_label[] = {
	"due", "scheduled", "held", "below_minimum", "exhausted", "settled"
};

/*
 * What an answer needs of the steps and of the open amount, which is NULL if
 * it is not known.
 */
static void
read_steps(const DnProcedure *p, struct varlena *amount, DnStepDay *step, DnSituation *it)
{
	OpenAmount	open = {0};
	int			dscale;
	int			i;

	if (amount != NULL)
	{
		open.fits = dunning_money_read(amount, &open.units, &dscale);
		if (!open.fits)
			open.numeric = DatumGetNumeric(PointerGetDatum(amount));
		it->settled = open.fits ? open.units <= 0 : number_sign(open.numeric) <= 0;
	}
	for (i = 0; i < p->n; i++)
	{
		step[i].offset = p->step[i].offset;
		step[i].wait = p->step[i].wait != 0 ? p->step[i].wait : p->wait;
		step[i].below = amount != NULL && p->step[i].min != 0 && amount_below(&open, p->step[i].min);
	}
}

/*
 * next_step(procedure, due_on, as_of, last_level, last_on, open_amount,
 * held_until): NULL if one of the first three is; the others NULL if unknown.
 */
Datum
dunning_next_step(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	DnProcedure p;
	DnStepDay	step[DN_STEPS_MAX];
	DnSituation it;
	DnAnswer	a;
	Datum		values[6];
	bool		nulls[6] = {false};

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();
	desc = dunning_result_desc(fcinfo);
	read_procedure(PG_GETARG_DATUM(0), &p);

	memset(&it, 0, sizeof(it));
	it.due_on = PG_GETARG_DATEADT(1);
	it.as_of = PG_GETARG_DATEADT(2);
	it.last_level = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT32(3);
	if (it.last_level < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("last level must not be negative: %d", it.last_level),
				 errhint("Give 0 or NULL for an item that has had no reminder.")));
	it.has_last = !PG_ARGISNULL(4);
	if (it.has_last)
		it.last_on = PG_GETARG_DATEADT(4);
	it.held = !PG_ARGISNULL(6);
	if (it.held)
		it.held_until = PG_GETARG_DATEADT(6);
	read_steps(&p, PG_ARGISNULL(5) ? NULL : PG_GETARG_VARLENA_PP(5), step, &it);
	dn_next_step(step, p.n, p.jump, &it, &a);

	nulls[0] = nulls[1] = nulls[2] = nulls[3] = a.level == 0;
	if (a.level > 0)
	{
		const DnStep *found = &p.step[a.level - 1];

		values[0] = Int32GetDatum(a.level);
		values[1] = channel_datum(&p, found);
		nulls[2] = found->label_len == 0;
		values[2] = label_datum(&p, found);
		values[3] = DateADTGetDatum(a.due_on);
	}
	values[4] = CStringGetTextDatum(state_label[a.state]);
	nulls[5] = !a.changes;
	values[5] = DateADTGetDatum(a.changes_on);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}

/*
 * state_of_step(procedure, level, due_on, as_of, open_amount, held_until):
 * NULL if one of the first four is; the others NULL if unknown.
 */
Datum
dunning_state_of_step(PG_FUNCTION_ARGS)
{
	DnProcedure p;
	DnStepDay	step[DN_STEPS_MAX];
	DnSituation it;
	int32		level;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	read_procedure(PG_GETARG_DATUM(0), &p);
	level = PG_GETARG_INT32(1);
	if (level < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a level is at least 1, not %d", level)));

	memset(&it, 0, sizeof(it));
	it.due_on = PG_GETARG_DATEADT(2);
	it.as_of = PG_GETARG_DATEADT(3);
	it.held = !PG_ARGISNULL(5);
	if (it.held)
		it.held_until = PG_GETARG_DATEADT(5);
	read_steps(&p, PG_ARGISNULL(4) ? NULL : PG_GETARG_VARLENA_PP(4), step, &it);
	PG_RETURN_TEXT_P(cstring_to_text(state_label[dn_step_state(step, p.n, level, &it)]));
}

/* same_steps(a, b, levels): whether what a debtor saw up to a level is the same */
Datum
dunning_same_steps(PG_FUNCTION_ARGS)
{
	DnProcedure a;
	DnProcedure b;

	read_procedure(PG_GETARG_DATUM(0), &a);
	read_procedure(PG_GETARG_DATUM(1), &b);
	PG_RETURN_BOOL(dn_same_steps(&a, &b, PG_GETARG_INT32(2)));
}

/* The same with a procedure that is text. */
DUNNING_TEXT_FUNCTION(dunning_procedure, dunning_next_step, 0);
