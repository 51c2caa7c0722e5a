/* procedure/procedure.c: dunning procedures as SQL values */
#include "procedure/procedure.h"

#include "type.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "number.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(dunning_procedure_options);
PG_FUNCTION_INFO_V1(dunning_steps);
PG_FUNCTION_INFO_V1(dunning_step_fee);

#define PROCEDURE_TYPE "dunning_procedure"

typedef struct StoredProcedure
{
	DunningValue head;
	uint8		jump;
	uint8		business;
	uint8		events;
	uint8		by;
	int32		n;
	int32		n_amounts;
	int32		wait;
	DnStep		step[FLEXIBLE_ARRAY_MEMBER];	/* then the amounts, then the texts of the steps */
} StoredProcedure;

StaticAssertDecl(offsetof(StoredProcedure, step) % sizeof(int64) == 0 && sizeof(DnStep) % sizeof(int64) == 0,
				 "the amounts of a stored procedure are aligned");

#define STORED_SIZE(n, n_amounts, texts_len) \
	(offsetof(StoredProcedure, step) + (Size) (n) * sizeof(DnStep) + (Size) (n_amounts) * sizeof(DnAmount) + (texts_len))

/* Points a core procedure at the bytes of a stored value, after checking them. */
void
dunning_get_procedure(Datum datum, DnProcedure *p)
{
	StoredProcedure *v = (StoredProcedure *) PG_DETOAST_DATUM(datum);

	dunning_check_value(v, offsetof(StoredProcedure, step), PROCEDURE_TYPE);
	if (v->jump > 1 || v->business > 1 || v->by > DN_BY_EACH || v->n < 1 || v->n > DN_STEPS_MAX || v->events > DN_STEPS_MAX ||
		v->n_amounts < 0 || v->n_amounts > DN_STEPS_MAX * 2 * DN_AMOUNTS_MAX ||
		VARSIZE(v) < STORED_SIZE(v->n + v->events, v->n_amounts, 0))
		dunning_bad_value(PROCEDURE_TYPE);
	p->n = v->n;
	p->events = v->events;
	p->wait = v->wait;
	p->jump = v->jump != 0;
	p->business = v->business != 0;
	p->by = (DnBy) v->by;
	p->n_amounts = v->n_amounts;
	p->step = v->step;
	p->amount = (const DnAmount *) (v->step + dn_steps(p));
	p->texts = (const char *) (p->amount + v->n_amounts);
	p->texts_len = VARSIZE(v) - STORED_SIZE(dn_steps(p), v->n_amounts, 0);
	if (!dn_procedure_valid(p))
		dunning_bad_value(PROCEDURE_TYPE);
}

/* 0 after a soft error. */
Datum
dunning_parse_procedure(const char *text, size_t len, struct Node *escontext)
{
	DnProcedureRoom *room = palloc(sizeof(DnProcedureRoom));
	DnProcedure p;
	DnError		err;
	StoredProcedure *v;
	char	   *rest;
	Size		size;

	if (!dn_parse_procedure(text, len, room, &p, &err))
	{
		dunning_parse_error(escontext, PROCEDURE_TYPE, text, len, &err);
		return (Datum) 0;
	}
	size = STORED_SIZE(dn_steps(&p), p.n_amounts, p.texts_len);
	v = palloc0(size);
	SET_VARSIZE(v, size);
	v->head.version = DUNNING_VALUE_VERSION;
	v->jump = p.jump;
	v->business = p.business;
	v->by = (uint8) p.by;
	v->n = p.n;
	v->events = (uint8) p.events;
	v->n_amounts = p.n_amounts;
	v->wait = p.wait;
	memcpy(v->step, p.step, dn_steps(&p) * sizeof(DnStep));
	rest = (char *) (v->step + dn_steps(&p));
	memcpy(rest, p.amount, p.n_amounts * sizeof(DnAmount));
	memcpy(rest + p.n_amounts * sizeof(DnAmount), p.texts, p.texts_len);
	return PointerGetDatum(v);
}

static char *
procedure_text(Datum datum)
{
	DnProcedure p;

	dunning_get_procedure(datum, &p);
	return dunning_print(dn_print_procedure, &p);
}

DUNNING_VALUE_TYPE(dunning_procedure, dunning_parse_procedure, procedure_text, NULL);

static const char *const level_label[] = {"", "highest", "lowest", "each"};

/* procedure_options(procedure): the options that follow the steps */
Datum
dunning_procedure_options(PG_FUNCTION_ARGS)
{
	TupleDesc	desc = dunning_result_desc(fcinfo);
	DnProcedure p;
	Datum		values[5];
	bool		nulls[5] = {false};

	dunning_get_procedure(PG_GETARG_DATUM(0), &p);
	values[0] = Int32GetDatum(p.wait);
	values[1] = CStringGetTextDatum(p.jump ? "jump" : "stepwise");
	values[2] = BoolGetDatum(p.business);
	values[3] = BoolGetDatum(p.by != DN_BY_ITEM);
	nulls[4] = p.by == DN_BY_ITEM;
	values[4] = CStringGetTextDatum(level_label[p.by]);
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

static Numeric
amount_numeric(const DnAmount *amount)
{
	return dunning_short_numeric(amount->units, DN_FEE_SCALE);
}

/* A currency, NULL if it is not known. */
static const char *
currency_arg(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

/* A number of days, NULL if there is none. */
static void
days_column(int32 days, Datum *value, bool *null)
{
	*null = days == 0;
	*value = Int32GetDatum(days);
}

/* The first amount, its currency, and all as a JSON object; all NULL if there is none. */
static void
amount_columns(const DnAmount *amount, int n, Datum *values, bool *nulls)
{
	StringInfoData json;
	int			i;

	nulls[0] = nulls[1] = nulls[2] = n == 0;
	if (n == 0)
		return;
	values[0] = NumericGetDatum(amount_numeric(amount));
	values[1] = CStringGetTextDatum(amount->currency);
	initStringInfo(&json);
	for (i = 0; i < n; i++)
		appendStringInfo(&json, "%s\"%s\": %s", i == 0 ? "{" : ", ", amount[i].currency,
						 DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(amount_numeric(&amount[i])))));
	appendStringInfoChar(&json, '}');
	values[2] = DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

/* steps(procedure): one row a step, in order */
Datum
dunning_steps(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	DnProcedure p;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	dunning_get_procedure(PG_GETARG_DATUM(0), &p);
	for (i = 0; i < dn_steps(&p); i++)
	{
		const DnStep *step = &p.step[i];
		const DnAmount *amount = p.amount + step->amount;
		Datum		values[18];
		bool		nulls[18] = {false};
		DnWhen		when;

		values[0] = Int32GetDatum(i + 1);
		values[1] = CStringGetTextDatum(dunning_print(dn_print_step_day, step));
		nulls[2] = step->after != 0 || step->when.months != 0 || step->when.end_of_month || step->when.event;
		values[2] = Int32GetDatum(step->when.days);
		days_column(step->after, &values[3], &nulls[3]);
		values[4] = channel_datum(&p, step);
		nulls[5] = step->label_len == 0;
		values[5] = label_datum(&p, step);
		amount_columns(amount, step->n_fee, values + 6, nulls + 6);
		nulls[9] = step->fee_percent == 0;
		values[9] = NumericGetDatum(dunning_least_numeric(step->fee_percent, DN_FEE_PERCENT_SCALE, 0));
		amount_columns(amount + step->n_fee, step->n_min, values + 10, nulls + 10);
		days_column(step->wait != 0 || step->when.event ? step->wait : p.wait, &values[13], &nulls[13]);
		days_column(step->repeat, &values[14], &nulls[14]);
		values[15] = BoolGetDatum(step->manual != 0);
		dn_step_when(&p, i, &when);
		values[16] = CStringGetTextDatum(dunning_print(dn_print_when, &when));
		nulls[17] = step->min_percent == 0;
		values[17] = NumericGetDatum(dunning_least_numeric(step->min_percent, DN_FEE_PERCENT_SCALE, 0));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* The share of an open amount that a step costs, rounded; NULL if the amount is not known. */
static Numeric
percent_fee(const DnStep *step, FunctionCallInfo fcinfo, int amount_arg, int decimals_arg)
{
	Numeric		open;
	Datum		share;

	if (PG_ARGISNULL(amount_arg))
		return NULL;
	open = PG_GETARG_NUMERIC(amount_arg);
	if (number_sign(open) < 0)
		open = int64_to_numeric(0);
	share = NumericGetDatum(number_mul(open, dunning_scaled_numeric(step->fee_percent, DN_FEE_PERCENT_SCALE + 2)));
	return DatumGetNumeric(DirectFunctionCall2(numeric_round, share,
											   Int32GetDatum(PG_ARGISNULL(decimals_arg) ? 2 : PG_GETARG_INT32(decimals_arg))));
}

/*
 * step_fee(procedure, level, open_amount, currency, decimals): what a step costs,
 * and in which currency; both NULL if nothing or if it is not known.
 */
Datum
dunning_step_fee(PG_FUNCTION_ARGS)
{
	TupleDesc	desc = dunning_result_desc(fcinfo);
	DnProcedure p;
	Datum		values[2] = {0};
	bool		nulls[2] = {true, true};
	int32		level;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
	dunning_get_procedure(PG_GETARG_DATUM(0), &p);
	level = PG_GETARG_INT32(1);
	if (level >= 1 && level <= dn_steps(&p))
	{
		const DnStep *step = &p.step[level - 1];
		const DnAmount *amount = dn_step_fee(&p, level - 1, currency_arg(fcinfo, 3));
		Numeric		fee = amount != NULL ? amount_numeric(amount) : int64_to_numeric(0);

		if (step->fee_percent != 0)
		{
			Numeric		share = percent_fee(step, fcinfo, 2, 4);

			fee = share == NULL ? NULL : amount == NULL ? share : number_add(fee, share);
		}
		nulls[0] = fee == NULL || number_sign(fee) == 0;
		values[0] = NumericGetDatum(fee);
		nulls[1] = nulls[0] || (amount == NULL && PG_ARGISNULL(3));
		values[1] = amount != NULL ? CStringGetTextDatum(amount->currency) : PG_GETARG_DATUM(3);
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}
