/*
 * decide/decide.c: the decision: which reminder step is next for an item, why,
 * and what the runs of a time raise.
 */
#include "decide/history.h"

#include "access/htup_details.h"
#include "balance/history.h"
#include "core/customer.h"
#include "core/replay.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "number.h"
#include "procedure/procedure.h"
#include "terms/calendar.h"
#include "type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "catalog/pg_type.h"

PG_FUNCTION_INFO_V1(dunning_decide);
PG_FUNCTION_INFO_V1(dunning_next_step);
PG_FUNCTION_INFO_V1(dunning_state_of_step);
PG_FUNCTION_INFO_V1(dunning_nothing_due);
PG_FUNCTION_INFO_V1(dunning_replay);
PG_FUNCTION_INFO_V1(dunning_decide_customer);
PG_FUNCTION_INFO_V1(dunning_replay_customer);
PG_FUNCTION_INFO_V1(dunning_customer_below);

#define HUGE_AMOUNT 20			/* digits of an amount that is above every minimum */

static const DnCalendar working_week = {DN_WEEKEND_DEFAULT, 0, NULL};

static const char *const state_label[] = {
	"due", "scheduled", "held", "below_minimum", "exhausted", "settled", "handed_over"
};

static const char *const reason_label[] = {
	"due_date", "reminder", "hold", "handover", "minimum", "payment", "rejection", "credit", "broken"
};

/* The open amount of an item; one that no minimum comes near is only above or not above zero. */
static void
read_amount(struct varlena *amount, DnWide *open, int *scale)
{
	int64		units;
	int			dscale;
	DnMovement	m;
	DnScan		s;
	Numeric		number;
	char	   *text;

	*scale = DUNNING_MONEY_SCALE;
	if (dunning_money_read(amount, &units, &dscale))
	{
		*open = units;
		return;
	}
	number = DatumGetNumeric(PointerGetDatum(amount));
	if (numeric_is_nan(number))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the open amount is not a number"),
				 errhint("Give the amount, or NULL if it is not known.")));
	/* what is finer than a movement can be is above zero, and below every minimum that is above it */
	text = DatumGetCString(DirectFunctionCall1(numeric_out,
											   DirectFunctionCall2(numeric_trunc, NumericGetDatum(number),
																   Int32GetDatum(DN_MOVEMENT_SCALE_MAX))));
	dn_scan_init(&s, text, strlen(text));
	if (number_finite(number) && dn_scan_amount(&s, &m, &dscale))
	{
		*open = m.units != 0 ? m.units : number_sign(number);
		*scale = m.units != 0 ? m.scale : DN_MOVEMENT_SCALE_MAX;
		return;
	}
	*open = number_sign(number) > 0 ? dn_power(HUGE_AMOUNT) : 0;
}

static void
read_open(struct varlena *amount, DnItem *item)
{
	item->has_open = true;
	read_amount(amount, &item->open, &item->scale);
}

static Datum
channel_datum(const DnProcedure *p, const DnStep *step)
{
	return PointerGetDatum(cstring_to_text_with_len(p->texts + step->text, step->channel_len));
}

/* channel and label of a step */
static void
step_columns(const DnProcedure *p, int level, Datum *values, bool *nulls)
{
	const DnStep *step = &p->step[level - 1];

	values[0] = channel_datum(p, step);
	nulls[1] = step->label_len == 0;
	values[1] = PointerGetDatum(cstring_to_text_with_len(p->texts + step->text + step->channel_len, step->label_len));
}

static Datum
when_datum(const DnWhen *when)
{
	return CStringGetTextDatum(dunning_print(dn_print_when, when));
}

static void
day_column(bool there, int32 day, Datum *value, bool *null)
{
	*null = !there;
	*value = DateADTGetDatum(day);
}

/* What an item has besides its procedure and its due date: history, balance, open amount, calendar, currency. */
static void
item_args(FunctionCallInfo fcinfo, int arg, DnItem *item, DnFacts *facts, DnHistory *balance, DnCalendar *calendar)
{
	if (!PG_ARGISNULL(arg))
		dunning_get_facts(PG_GETARG_DATUM(arg), facts);
	item->facts = facts;
	if (!PG_ARGISNULL(arg + 1))
	{
		dunning_read_history(PG_GETARG_DATUM(arg + 1), balance);
		item->balance = balance;
	}
	if (!PG_ARGISNULL(arg + 2))
		read_open(PG_GETARG_VARLENA_PP(arg + 2), item);
	dunning_calendar_arg(fcinfo, arg + 3, calendar);
	item->calendar = calendar;
	if (!PG_ARGISNULL(arg + 4))
		item->currency = text_to_cstring(PG_GETARG_TEXT_PP(arg + 4));
}

#define DECISION_COLUMNS 17

/*
 * state, level, occurrence, step, channel, label, manual, step_on, until_on, reason,
 * reason_name, reason_on, last_step, last_channel, last_on, changes_on, also_due
 */
static void
decision_columns(const DnItem *item, const DnDecision *d, Datum *values, bool *nulls)
{
	values[0] = CStringGetTextDatum(state_label[d->state]);
	nulls[1] = nulls[2] = nulls[3] = nulls[4] = nulls[5] = nulls[6] = nulls[7] = d->level == 0;
	if (d->level > 0)
	{
		DnWhen		when;

		dn_step_when(item->procedure, d->level - 1, &when);
		values[1] = Int32GetDatum(d->level);
		values[2] = Int32GetDatum(d->occurrence);
		values[3] = when_datum(&when);
		step_columns(item->procedure, d->level, values + 4, nulls + 4);
		values[6] = BoolGetDatum(item->procedure->step[d->level - 1].manual != 0);
		values[7] = DateADTGetDatum(d->step_on);
	}
	day_column(d->has_until && d->until != DN_DAY_NEVER, d->until, &values[8], &nulls[8]);
	values[9] = CStringGetTextDatum(reason_label[d->reason]);
	nulls[10] = d->fact == NULL;
	if (d->fact != NULL)
		values[10] = PointerGetDatum(cstring_to_text_with_len(dn_fact_name(item->facts, d->fact), d->fact->name_len));
	day_column(d->has_reason_day, d->reason_on, &values[11], &nulls[11]);
	nulls[12] = nulls[13] = d->last == NULL;
	if (d->last != NULL)
	{
		values[12] = when_datum(&d->last->when);
		values[13] = PointerGetDatum(cstring_to_text_with_len(dn_fact_name(item->facts, d->last), d->last->name_len));
	}
	day_column(d->last != NULL, d->last_on, &values[14], &nulls[14]);
	day_column(d->changes, d->changes_on, &values[15], &nulls[15]);
	nulls[16] = d->also == 0;
	if (d->also != 0)
	{
		Datum		level[DN_STEPS_MAX];
		int			n = 0;
		int			i;

		for (i = 0; i < DN_STEPS_MAX; i++)
			if (d->also >> i & 1)
				level[n++] = Int32GetDatum(i + 1);
		values[16] = PointerGetDatum(construct_array(level, n, INT4OID, sizeof(int32), true, TYPALIGN_INT));
	}
}

/*
 * decide(procedure, due_on, as_of, history, balance, open_amount, calendar,
 * currency, by_hand): NULL if one of the first three is
 */
Datum
dunning_decide(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	DnProcedure p;
	DnFacts		facts = {0};
	DnHistory	balance;
	DnCalendar	calendar;
	DnItem		item = {0};
	DnDecision	d;
	Datum		values[DECISION_COLUMNS] = {0};
	bool		nulls[DECISION_COLUMNS] = {false};

	if (dunning_null_among(fcinfo, 3))
		PG_RETURN_NULL();
	desc = dunning_result_desc(fcinfo);
	dunning_get_procedure(PG_GETARG_DATUM(0), &p);
	item.procedure = &p;
	item.due_on = PG_GETARG_DATEADT(1);
	item_args(fcinfo, 3, &item, &facts, &balance, &calendar);
	if (!PG_ARGISNULL(8))
	{
		item.has_hand = true;
		read_amount(PG_GETARG_VARLENA_PP(8), &item.hand, &item.hand_scale);
	}
	dn_decide(&item, 1, PG_GETARG_DATEADT(2), &d);
	decision_columns(&item, &d, values, nulls);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}

/*
 * next_step(procedure, due_on, as_of, last_level, last_on, open_amount,
 * held_until, currency): NULL if one of the first three is; the others NULL if unknown.
 */
Datum
dunning_next_step(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	DnProcedure p;
	DnItem		item = {0};
	DnDecision	d;
	Datum		values[6];
	bool		nulls[6] = {false};

	if (dunning_null_among(fcinfo, 3))
		PG_RETURN_NULL();
	desc = dunning_result_desc(fcinfo);
	dunning_get_procedure(PG_GETARG_DATUM(0), &p);
	item.procedure = &p;
	item.calendar = &working_week;
	item.due_on = PG_GETARG_DATEADT(1);
	item.last_level = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT32(3);
	if (item.last_level < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("last level must not be negative: %d", item.last_level),
				 errhint("Give 0 or NULL for an item that has had no reminder.")));
	item.has_last = !PG_ARGISNULL(4);
	if (item.has_last)
		item.last_on = PG_GETARG_DATEADT(4);
	item.held = !PG_ARGISNULL(6);
	if (item.held)
		item.held_until = PG_GETARG_DATEADT(6);
	if (!PG_ARGISNULL(5))
		read_open(PG_GETARG_VARLENA_PP(5), &item);
	if (!PG_ARGISNULL(7))
		item.currency = text_to_cstring(PG_GETARG_TEXT_PP(7));
	dn_decide(&item, 1, PG_GETARG_DATEADT(2), &d);

	nulls[0] = nulls[1] = nulls[2] = nulls[3] = d.level == 0;
	if (d.level > 0)
	{
		values[0] = Int32GetDatum(d.level);
		step_columns(&p, d.level, values + 1, nulls + 1);
		values[3] = DateADTGetDatum(d.step_on);
	}
	values[4] = CStringGetTextDatum(state_label[d.state]);
	day_column(d.changes, d.changes_on, &values[5], &nulls[5]);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}

/* The day by which a step is known; false if a text says none. */
static bool
read_when(text *step, DnWhen *when)
{
	DnScan		s;

	dn_scan_init(&s, VARDATA_ANY(step), VARSIZE_ANY_EXHDR(step));
	return dn_scan_when(&s, DN_WHEN_DAYS_MAX, when) && dn_at_end(&s);
}

/*
 * What a call site keeps in fn_extra: the procedure of the last call, checked,
 * which is that of the next one nearly always.
 */
typedef struct ProcedureSite
{
	struct varlena *value;		/* a copy */
	DnProcedure p;				/* points into it */
} ProcedureSite;

static const DnProcedure *
procedure_of_site(FunctionCallInfo fcinfo, int arg)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(arg);
	ProcedureSite *site = fcinfo->flinfo->fn_extra;
	MemoryContext caller;

	if (site != NULL && VARSIZE_ANY_EXHDR(value) == VARSIZE(site->value) - VARHDRSZ &&
		memcmp(VARDATA_ANY(value), VARDATA(site->value), VARSIZE_ANY_EXHDR(value)) == 0)
		return &site->p;
	fcinfo->flinfo->fn_extra = NULL;
	if (site != NULL)
	{
		pfree(site->value);
		pfree(site);
	}
	caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	site = palloc(sizeof(ProcedureSite));
	site->value = PG_DETOAST_DATUM_COPY(PointerGetDatum(value));
	dunning_get_procedure(PointerGetDatum(site->value), &site->p);
	MemoryContextSwitchTo(caller);
	fcinfo->flinfo->fn_extra = site;
	return &site->p;
}

/* nothing_due(procedure, step, channel, due_on, as_of): called for each item of a ledger */
Datum
dunning_nothing_due(PG_FUNCTION_ARGS)
{
	const DnProcedure *p = procedure_of_site(fcinfo, 0);
	text	   *channel = PG_GETARG_TEXT_PP(2);
	DnWhen		when;

	PG_RETURN_BOOL(read_when(PG_GETARG_TEXT_PP(1), &when) &&
				   dn_nothing_due(p, &when, VARDATA_ANY(channel), VARSIZE_ANY_EXHDR(channel), PG_GETARG_DATEADT(3), PG_GETARG_DATEADT(4)));
}

/*
 * state_of_step(procedure, step, channel, due_on, as_of, history, open_amount,
 * currency, raised_on, occurrence, rejects): NULL if one of the first five is, or for an open amount
 * that is not a number
 */
Datum
dunning_state_of_step(PG_FUNCTION_ARGS)
{
	DnProcedure p;
	DnFacts		facts = {0};
	DnItem		item = {0};
	text	   *channel;
	DnWhen		when;
	int			level;

	if (dunning_null_among(fcinfo, 5))
		PG_RETURN_NULL();
	dunning_get_procedure(PG_GETARG_DATUM(0), &p);
	channel = PG_GETARG_TEXT_PP(2);
	item.procedure = &p;
	item.due_on = PG_GETARG_DATEADT(3);
	if (!PG_ARGISNULL(5) && !PG_ARGISNULL(10))
		dunning_get_facts(DirectFunctionCall2(dunning_dunning_history_add, PG_GETARG_DATUM(5), PG_GETARG_DATUM(10)), &facts);
	else if (!PG_ARGISNULL(5) || !PG_ARGISNULL(10))
		dunning_get_facts(PG_GETARG_DATUM(PG_ARGISNULL(5) ? 10 : 5), &facts);
	item.facts = &facts;
	if (!PG_ARGISNULL(6))
	{
		if (numeric_is_nan(PG_GETARG_NUMERIC(6)))
			PG_RETURN_NULL();
		read_open(PG_GETARG_VARLENA_PP(6), &item);
	}
	if (!PG_ARGISNULL(7))
		item.currency = text_to_cstring(PG_GETARG_TEXT_PP(7));
	if (!read_when(PG_GETARG_TEXT_PP(1), &when))
		PG_RETURN_NULL();
	level = dn_find_step(&p, &when, VARDATA_ANY(channel), VARSIZE_ANY_EXHDR(channel)) + 1;
	/* a reminder that counts no more is of no step */
	if (!PG_ARGISNULL(8) && !dn_counts(&item, &when, PG_GETARG_DATEADT(8), PG_GETARG_DATEADT(4)))
		level = 0;
	PG_RETURN_TEXT_P(cstring_to_text(state_label[dn_step_state(&item, level, PG_ARGISNULL(9) ? 1 : PG_GETARG_INT32(9),
															   PG_GETARG_DATEADT(4))]));
}

/* The elements of an array argument, n of them; NULL if it is not there. */
static Datum *
list_arg(FunctionCallInfo fcinfo, int arg, int n, bool **nulls)
{
	ArrayType  *array;
	Datum	   *element;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	int			found;

	if (PG_ARGISNULL(arg))
		return NULL;
	array = PG_GETARG_ARRAYTYPE_P(arg);
	get_typlenbyvalalign(ARR_ELEMTYPE(array), &typlen, &typbyval, &typalign);
	deconstruct_array(array, ARR_ELEMTYPE(array), typlen, typbyval, typalign, &element, nulls, &found);
	if (found != n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the lists of a customer are of different lengths")));
	return element;
}

/* An amount that is nothing in particular: without it, all is open. */
static void
member_open(Datum *amount, const bool *null, int i, DnItem *item)
{
	if (amount != NULL && !null[i])
		read_open((struct varlena *) PG_DETOAST_DATUM(amount[i]), item);
}

#define CUSTOMER_COLUMNS 15

/*
 * state, level, step, channel, label, manual, step_on, until_on, reason, reason_name, reason_on, last_on, changes_on,
 * levels, occurrences
 */
static void
customer_columns(const DnCustomer *c, const DnTaken *taken, const DnCustomerDecision *d, Datum *values, bool *nulls)
{
	Datum	   *level = palloc(c->n * sizeof(Datum));
	Datum	   *occurrence = palloc(c->n * sizeof(Datum));
	int			i;

	values[0] = CStringGetTextDatum(state_label[d->state]);
	nulls[1] = nulls[2] = nulls[3] = nulls[4] = nulls[5] = nulls[6] = d->level == 0;
	if (d->level > 0)
	{
		DnWhen		when;

		dn_step_when(c->procedure, d->level - 1, &when);
		values[1] = Int32GetDatum(d->level);
		values[2] = when_datum(&when);
		step_columns(c->procedure, d->level, values + 3, nulls + 3);
		values[5] = BoolGetDatum(c->procedure->step[d->level - 1].manual != 0);
		values[6] = DateADTGetDatum(d->step_on);
	}
	day_column(d->has_until && d->until != DN_DAY_NEVER, d->until, &values[7], &nulls[7]);
	values[8] = CStringGetTextDatum(reason_label[d->reason]);
	nulls[9] = d->by < 0;
	if (d->by >= 0)
	{
		const DnFact *fact = taken[d->by].own.fact;

		values[9] = PointerGetDatum(cstring_to_text_with_len(dn_fact_name(c->member[d->by].item.facts, fact), fact->name_len));
	}
	day_column(d->has_reason_day, d->reason_on, &values[10], &nulls[10]);
	day_column(d->last_on != DN_DAY_EVER, d->last_on, &values[11], &nulls[11]);
	day_column(d->changes, d->changes_on, &values[12], &nulls[12]);
	for (i = 0; i < c->n; i++)
	{
		level[i] = Int32GetDatum(taken[i].level);
		occurrence[i] = Int32GetDatum(taken[i].occurrence);
	}
	values[13] = PointerGetDatum(construct_array(level, c->n, INT4OID, sizeof(int32), true, TYPALIGN_INT));
	values[14] = PointerGetDatum(construct_array(occurrence, c->n, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

/*
 * decide_customer(procedure, as_of, due_on, history, open_amount, asked_amount, nets, last_on, calendar, currency, ahead, by_hand):
 * NULL if one of the first three is, or for no items
 */
Datum
dunning_decide_customer(PG_FUNCTION_ARGS)
{
	DnProcedure p;
	DnCalendar	calendar;
	DnCustomer	c = {0};
	DnMember   *member;
	DnTaken    *taken;
	DnCustomerDecision d;
	DnFacts    *facts;
	Datum	   *due,
			   *history,
			   *open,
			   *asked,
			   *nets,
			   *hand;
	bool	   *no_due,
			   *no_history,
			   *no_open,
			   *no_asked,
			   *no_nets,
			   *no_hand;
	Datum		values[CUSTOMER_COLUMNS] = {0};
	bool		nulls[CUSTOMER_COLUMNS] = {false};
	int			i;

	if (dunning_null_among(fcinfo, 3))
		PG_RETURN_NULL();
	dunning_get_procedure(PG_GETARG_DATUM(0), &p);
	c.n = ArrayGetNItems(ARR_NDIM(PG_GETARG_ARRAYTYPE_P(2)), ARR_DIMS(PG_GETARG_ARRAYTYPE_P(2)));
	if (c.n == 0)
		PG_RETURN_NULL();
	due = list_arg(fcinfo, 2, c.n, &no_due);
	history = list_arg(fcinfo, 3, c.n, &no_history);
	open = list_arg(fcinfo, 4, c.n, &no_open);
	asked = list_arg(fcinfo, 5, c.n, &no_asked);
	nets = list_arg(fcinfo, 6, c.n, &no_nets);
	hand = list_arg(fcinfo, 11, c.n, &no_hand);
	c.procedure = &p;
	dunning_calendar_arg(fcinfo, 8, &calendar);
	c.calendar = &calendar;
	c.currency = PG_ARGISNULL(9) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(9));
	c.sent_on = PG_ARGISNULL(7) ? DN_DAY_EVER : PG_GETARG_DATEADT(7);
	/* palloc aligns to 8 bytes, and sums of amounts are of 16 */
	member = (DnMember *) TYPEALIGN(sizeof(DnWide), palloc0(c.n * sizeof(DnMember) + sizeof(DnWide)));
	taken = (DnTaken *) TYPEALIGN(sizeof(DnWide), palloc0(c.n * sizeof(DnTaken) + sizeof(DnWide)));
	facts = palloc0(c.n * sizeof(DnFacts));
	for (i = 0; i < c.n; i++)
	{
		DnItem	   *item = &member[i].item;
		DnItem		all = {0};
		int			scale;

		item->procedure = &p;
		item->calendar = &calendar;
		item->currency = c.currency;
		item->due_on = no_due[i] ? DN_DAY_NEVER : DatumGetDateADT(due[i]);
		if (history != NULL && !no_history[i])
			dunning_get_facts(history[i], &facts[i]);
		item->facts = &facts[i];
		member_open(open, no_open, i, &all);
		*item = (DnItem) {.procedure = item->procedure,.calendar = item->calendar,.currency = item->currency,.due_on = item->due_on,
			.facts = item->facts,.has_open = all.has_open,.open = all.open,.scale = all.scale};
		if (asked != NULL && !no_asked[i])
			member_open(asked, no_asked, i, item);
		scale = Max(all.scale, item->scale);
		item->open *= dn_power(scale - item->scale);
		item->scale = scale;
		member[i].held = all.open * dn_power(scale - all.scale) - item->open;
		item->has_hand = hand != NULL && !no_hand[i];
		if (item->has_hand)
			read_amount((struct varlena *) PG_DETOAST_DATUM(hand[i]), &item->hand, &item->hand_scale);
		member[i].nets = nets == NULL || no_nets[i] || DatumGetBool(nets[i]);
	}
	c.member = member;
	(PG_ARGISNULL(10) || PG_GETARG_BOOL(10) ? dn_decide_customer : dn_decide_customer_day) (&c, PG_GETARG_DATEADT(1), taken, &d);
	customer_columns(&c, taken, &d, values, nulls);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(dunning_result_desc(fcinfo), values, nulls)));
}

/*
 * customer_below(procedure, level, asked, owed, currency): whether less is asked for than the minimum of a step;
 * NULL if one of the first four is
 */
Datum
dunning_customer_below(PG_FUNCTION_ARGS)
{
	DnProcedure p;
	DnItem		asked = {0};
	DnItem		owed = {0};
	int32		level;
	int			scale;

	if (dunning_null_among(fcinfo, 4))
		PG_RETURN_NULL();
	dunning_get_procedure(PG_GETARG_DATUM(0), &p);
	level = PG_GETARG_INT32(1);
	if (level < 1 || level > p.n)
		PG_RETURN_NULL();
	read_open(PG_GETARG_VARLENA_PP(2), &asked);
	read_open(PG_GETARG_VARLENA_PP(3), &owed);
	scale = Max(asked.scale, owed.scale);
	PG_RETURN_BOOL(dn_customer_below(&p, level, asked.open * dn_power(scale - asked.scale), owed.open * dn_power(scale - owed.scale), scale,
									 PG_ARGISNULL(4) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(4))));
}

static int
cmp_days(const void *a, const void *b)
{
	int32		x = *(const int32 *) a;
	int32		y = *(const int32 *) b;

	return (x > y) - (x < y);
}

/* The elements of an array without NULLs; the error names the argument. */
static Datum *
array_arg(FunctionCallInfo fcinfo, int arg, const char *name, int16 typlen, bool typbyval, char typalign, int *n)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(arg);
	Datum	   *element;

	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be a list without NULL", name)));
	deconstruct_array(array, ARR_ELEMTYPE(array), typlen, typbyval, typalign, &element, NULL, n);
	return element;
}

static int32 *
days_arg(FunctionCallInfo fcinfo, int arg, const char *name, int *n)
{
	Datum	   *element = array_arg(fcinfo, arg, name, sizeof(DateADT), true, TYPALIGN_INT, n);
	int32	   *day = palloc(Max(*n, 1) * sizeof(int32));
	int			i;

	for (i = 0; i < *n; i++)
		day[i] = DatumGetDateADT(element[i]);
	return day;
}

/* The procedures that follow the first one, each from its day. */
static void
changes_args(FunctionCallInfo fcinfo, int arg, const DnProcedure *first, DnReplay *replay)
{
	DnChange   *change;
	Datum	   *procedure = NULL;
	int32	   *from = NULL;
	int			n = 0,
				days = 0;
	int			i;

	if (!PG_ARGISNULL(arg))
		procedure = array_arg(fcinfo, arg, "procedures", -1, false, TYPALIGN_DOUBLE, &n);
	if (!PG_ARGISNULL(arg + 1))
		from = days_arg(fcinfo, arg + 1, "changed_on", &days);
	if (n != days)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%d procedures and %d days do not fit", n, days),
				 errhint("Give for each later procedure the day from which it holds.")));
	change = palloc0((n + 1) * sizeof(DnChange));
	change[0].from = DN_DAY_EVER;
	change[0].procedure = first;
	for (i = 0; i < n; i++)
	{
		DnProcedure *p = palloc(sizeof(DnProcedure));

		dunning_get_procedure(procedure[i], p);
		change[i + 1].from = from[i];
		change[i + 1].procedure = p;
		if (change[i + 1].from < change[i].from)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the days on which the procedure changes are not in order")));
	}
	replay->change = change;
	replay->changes = n + 1;
}

/* The days of the runs, and the procedures from their days. */
static void
run_args(FunctionCallInfo fcinfo, int arg, const DnProcedure *first, DnReplay *replay)
{
	if (!PG_ARGISNULL(arg))
	{
		replay->run = days_arg(fcinfo, arg, "run_days", &replay->runs);
		qsort((void *) replay->run, replay->runs, sizeof(int32), cmp_days);
	}
	changes_args(fcinfo, arg + 1, first, replay);
}

static void
too_many_facts(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("the replay makes too many facts"),
			 errdetail("An item has at most %d facts.", DN_FACTS_MAX),
			 errhint("Replay fewer days at a time.")));
}

/* A replay walks through every day, so it has an end. */
#define REPLAY_DAYS_MAX 36525	/* a hundred years */

static void
replay_days(FunctionCallInfo fcinfo, int arg, DnReplay *replay)
{
	replay->from = PG_GETARG_DATEADT(arg);
	replay->to = PG_GETARG_DATEADT(arg + 1);
	if (replay->from < DN_LITERAL_FIRST || replay->to > DN_LITERAL_LAST || (int64) replay->to - replay->from >= REPLAY_DAYS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a replay has at most %d days, of the years 0001 to 9999", REPLAY_DAYS_MAX)));
}

/*
 * replay(procedure, due_on, from_day, to_day, history, balance, open_amount,
 * calendar, currency, run_days, procedures, changed_on, sends, as_seen, by_hand): no rows if one of
 * the first four is NULL
 */
Datum
dunning_replay(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	DnProcedure p;
	DnFacts		facts = {0};
	DnHistory	balance,
				by_hand;
	DnCalendar	calendar;
	DnReplay	replay = {0};
	DnReplayed	event;

	InitMaterializedSRF(fcinfo, 0);
	if (dunning_null_among(fcinfo, 4))
		return (Datum) 0;
	dunning_get_procedure(PG_GETARG_DATUM(0), &p);
	replay.item.procedure = &p;
	replay.item.due_on = PG_GETARG_DATEADT(1);
	replay_days(fcinfo, 2, &replay);
	item_args(fcinfo, 4, &replay.item, &facts, &balance, &calendar);
	run_args(fcinfo, 9, &p, &replay);
	replay.sends = !PG_ARGISNULL(12) && PG_GETARG_BOOL(12);
	replay.as_seen = !PG_ARGISNULL(13) && PG_GETARG_BOOL(13);
	if (!PG_ARGISNULL(14))
	{
		dunning_read_history(PG_GETARG_DATUM(14), &by_hand);
		replay.item.by_hand = &by_hand;
	}
	if (replay.as_seen)
		replay.seen = palloc(DN_FACTS_MAX * sizeof(DnFact));
	replay.fact = palloc(DN_FACTS_MAX * sizeof(DnFact));
	replay.names = palloc(DN_FACTS_MAX * DN_NAME_MAX);
	dn_replay_begin(&replay);
	while (dn_replay_next(&replay, &event))
	{
		Datum		values[8] = {0};
		bool		nulls[8] = {false};
		const DnFact *fact = event.fact;

		CHECK_FOR_INTERRUPTS();
		if (fact == NULL)
			continue;
		values[0] = DateADTGetDatum(event.day);
		values[1] = CStringGetTextDatum(event.withdrawn ? "withdrawn" : "raised");
		nulls[2] = event.level == 0;
		values[2] = Int32GetDatum(event.level);
		values[3] = when_datum(&fact->when);
		values[4] = PointerGetDatum(cstring_to_text_with_len(replay.names + fact->name, fact->name_len));
		values[5] = Int32GetDatum(fact->occurrence);
		nulls[6] = event.withdrawn;
		values[6] = DateADTGetDatum(event.decision.step_on);
		nulls[7] = event.level == 0;
		if (event.level > 0)
			values[7] = BoolGetDatum(event.procedure->step[event.level - 1].manual != 0);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	if (replay.full)
		too_many_facts();
	return (Datum) 0;
}

/* The items of a customer for a replay: what each has in the lists. */
static void
replayed_items(FunctionCallInfo fcinfo, DnCustomerReplay *replay, const DnCalendar *calendar, size_t channels)
{
	int			n = replay->customer.n;
	Datum	   *due,
			   *history,
			   *balance,
			   *asked,
			   *nets,
			   *hand;
	bool	   *no_due,
			   *no_history,
			   *no_balance,
			   *no_asked,
			   *no_nets,
			   *no_hand;
	DnFacts    *facts = palloc0(n * sizeof(DnFacts));
	DnHistory  *open = palloc0(3 * n * sizeof(DnHistory));
	int			i;

	due = list_arg(fcinfo, 3, n, &no_due);
	history = list_arg(fcinfo, 4, n, &no_history);
	balance = list_arg(fcinfo, 5, n, &no_balance);
	asked = list_arg(fcinfo, 6, n, &no_asked);
	nets = list_arg(fcinfo, 7, n, &no_nets);
	hand = list_arg(fcinfo, 16, n, &no_hand);
	for (i = 0; i < n; i++)
	{
		DnItem	   *item = &replay->member[i].item;
		DnReplay   *own = &replay->item[i];

		if (no_due[i] || no_balance[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("item %d of the customer has no due date or no balance", i + 1)));
		item->due_on = DatumGetDateADT(due[i]);
		item->calendar = calendar;
		item->currency = replay->customer.currency;
		dunning_read_history(balance[i], &open[3 * i]);
		replay->member[i].all = &open[3 * i];
		item->balance = &open[3 * i];
		if (asked != NULL && !no_asked[i])
		{
			dunning_read_history(asked[i], &open[3 * i + 1]);
			item->balance = &open[3 * i + 1];
		}
		if (hand != NULL && !no_hand[i])
		{
			dunning_read_history(hand[i], &open[3 * i + 2]);
			item->by_hand = &open[3 * i + 2];
		}
		if (history != NULL && !no_history[i])
			dunning_get_facts(history[i], &facts[i]);
		replay->member[i].nets = nets == NULL || no_nets[i] || DatumGetBool(nets[i]);
		own->item = *item;
		own->item.facts = &facts[i];
		own->room = facts[i].n + 4;
		own->fact = palloc(own->room * sizeof(DnFact));
		own->seen = palloc(own->room * sizeof(DnFact));
		own->names = palloc(facts[i].names_len + channels);
	}
}

/*
 * replay_customer(procedure, from_day, to_day, due_on, history, balance, asked, nets, last_on, calendar, currency,
 * run_days, procedures, changed_on, sends, as_seen, by_hand): no rows if one of the first four is NULL, or for no items
 */
Datum
dunning_replay_customer(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	DnProcedure p;
	DnCalendar	calendar;
	DnReplay	days = {0};
	DnCustomerReplay *replay;
	DnCustomerReplayed event;
	size_t		channels = 0;
	int			n,
				i,
				k;

	InitMaterializedSRF(fcinfo, 0);
	if (dunning_null_among(fcinfo, 4))
		return (Datum) 0;
	dunning_get_procedure(PG_GETARG_DATUM(0), &p);
	replay_days(fcinfo, 1, &days);
	n = ArrayGetNItems(ARR_NDIM(PG_GETARG_ARRAYTYPE_P(3)), ARR_DIMS(PG_GETARG_ARRAYTYPE_P(3)));
	if (n == 0 || PG_ARGISNULL(5))
		return (Datum) 0;
	dunning_calendar_arg(fcinfo, 9, &calendar);
	run_args(fcinfo, 11, &p, &days);
	/* sums of amounts are of 16 bytes, and palloc aligns to 8 */
	replay = (DnCustomerReplay *) TYPEALIGN(sizeof(DnWide), palloc0(sizeof(DnCustomerReplay) + sizeof(DnWide)));
	replay->member = (DnMember *) TYPEALIGN(sizeof(DnWide), palloc0(n * sizeof(DnMember) + sizeof(DnWide)));
	replay->taken = (DnTaken *) TYPEALIGN(sizeof(DnWide), palloc0(n * sizeof(DnTaken) + sizeof(DnWide)));
	replay->item = (DnReplay *) TYPEALIGN(sizeof(DnWide), palloc0(n * sizeof(DnReplay) + sizeof(DnWide)));
	replay->look = palloc(n * sizeof(int32_t));
	replay->customer.n = n;
	replay->customer.calendar = &calendar;
	replay->customer.currency = PG_ARGISNULL(10) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(10));
	replay->customer.sent_on = PG_ARGISNULL(8) ? DN_DAY_EVER : PG_GETARG_DATEADT(8);
	replay->from = days.from;
	replay->to = days.to;
	replay->run = days.run;
	replay->runs = days.runs;
	replay->change = days.change;
	replay->changes = days.changes;
	replay->sends = !PG_ARGISNULL(14) && PG_GETARG_BOOL(14);
	replay->as_seen = !PG_ARGISNULL(15) && PG_GETARG_BOOL(15);
	for (i = 0; i < replay->changes; i++)
	{
		if (replay->change[i].procedure->by == DN_BY_ITEM)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the procedure is not by customer"),
					 errhint("Use dunning.replay for each item, or add \"by customer\" to the procedure.")));
		for (k = 0; k < dn_steps(replay->change[i].procedure); k++)
			channels += replay->change[i].procedure->step[k].channel_len;
	}
	replayed_items(fcinfo, replay, &calendar, channels);
	dn_customer_replay_begin(replay);
	while (dn_customer_replay_next(replay, &event))
	{
		DnReplay   *own = &replay->item[event.member];
		Datum		values[9] = {0};
		bool		nulls[9] = {false};

		CHECK_FOR_INTERRUPTS();
		if (event.needs_room)
		{
			own->room = Min(own->room * 2, DN_FACTS_MAX);
			own->fact = repalloc(own->fact, own->room * sizeof(DnFact));
			own->seen = repalloc(own->seen, own->room * sizeof(DnFact));
			own->facts.fact = own->fact;
			continue;
		}
		values[0] = DateADTGetDatum(event.day);
		values[1] = CStringGetTextDatum(event.withdrawn ? "withdrawn" : "raised");
		values[2] = Int32GetDatum(event.member + 1);
		nulls[3] = event.level == 0;
		values[3] = Int32GetDatum(event.level);
		values[4] = when_datum(&event.fact->when);
		values[5] = PointerGetDatum(cstring_to_text_with_len(own->names + event.fact->name, event.fact->name_len));
		values[6] = Int32GetDatum(event.fact->occurrence);
		nulls[7] = event.withdrawn;
		values[7] = DateADTGetDatum(event.step_on);
		nulls[8] = event.level == 0;
		if (event.level > 0)
			values[8] = BoolGetDatum(event.procedure->step[event.level - 1].manual != 0);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	if (replay->full)
		too_many_facts();
	return (Datum) 0;
}

/* The same with a procedure that is text. */
static const DunningType dunning_procedure_type = {"dunning_procedure", dunning_parse_procedure, NULL, NULL};

DUNNING_TEXT_FUNCTION(dunning_procedure, dunning_next_step, 0);
