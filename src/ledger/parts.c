/*
 * ledger/parts.c: the parts of an item by its payment terms, and what each has
 * received of the payments.
 *
 * What a balance history can hold is allocated in integers by core/allocate;
 * anything else goes through numeric functions with the same result.
 */
#include "shell.h"

#include "balance/history.h"
#include "catalog/pg_type.h"
#include "core/allocate.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "number.h"
#include "terms/terms.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(dunning_item_parts);

/* What the history of an item holds leaves room for the sums of a day: see _dunning.fits_history. */
#define FITS_BELOW INT64CONST(1000000000000000000)
#define FITS_DECIMALS 15

#define FIRST_ROOM 4			/* movements of a part: itself and three payments */

/* An array argument; what lies beyond its end is NULL. */
typedef struct Elements
{
	int			n;
	Datum	   *value;
	bool	   *null;
} Elements;

typedef struct PaidItem
{
	Numeric		amount;
	int			n;				/* parts */
	DateADT		due_on[DN_PARTS_MAX];
	Numeric		part[DN_PARTS_MAX];
	Elements	payment;		/* amounts */
	Elements	day;
	Elements	names;			/* the part that each payment names */
} PaidItem;

/* What is known of the parts. */
typedef struct Parts
{
	Numeric		received[DN_PARTS_MAX];
	Datum		history[DN_PARTS_MAX];
	bool		has_history;
} Parts;

/* The movements of a part. */
typedef struct Moves
{
	DnMovement *m;
	int32		n;
	int32		room;
	int			dscale;
} Moves;

static void
get_elements(FunctionCallInfo fcinfo, int arg, Oid type, Elements *e)
{
	bool		fixed = type != NUMERICOID;

	e->n = 0;
	if (!PG_ARGISNULL(arg))
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(arg), type, fixed ? (int) sizeof(int32) : -1, fixed,
						  TYPALIGN_INT, &e->value, &e->null, &e->n);
}

static bool
is_null(const Elements *e, int i)
{
	return i >= e->n || e->null[i];
}

/* The part that a payment names; 0: none. */
static int32
named_part(const PaidItem *item, int i)
{
	return is_null(&item->names, i) ? 0 : DatumGetInt32(item->names.value[i]);
}

/* Reads an amount that _dunning.fits_history is true of; false of any other. */
static bool
read_fitting(Datum amount, DnMovement *m, int *dscale)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(amount);
	int64		units;
	Numeric		n;

	m->day = 0;
	if (dunning_money_read(packed, &units, dscale))
	{
		m->units = units;
		m->scale = DUNNING_MONEY_SCALE;
		return true;
	}
	n = DatumGetNumeric(PointerGetDatum(packed));
	if (!number_finite(n) || number_cmp(number_abs(n), int64_to_numeric(FITS_BELOW)) >= 0 ||
		DatumGetInt32(DirectFunctionCall1(numeric_min_scale, NumericGetDatum(n))) > FITS_DECIMALS)
		return false;
	dunning_read_movement(NumericGetDatum(n), DateADTGetDatum(m->day), m, dscale);
	*dscale = number_dscale(n);
	return true;
}

/* The same with the scale of all amounts, which is not smaller. */
static DnWide
rescaled(DnMovement m, int scale)
{
	if (!dn_movement_rescale(&m, scale))
		dunning_movement_out_of_range();
	return m.units;
}

/*
 * The parts and payments of an item in integers of one scale; a payment without
 * a day that a history can hold is of the first day.  False unless all fit.
 */
static bool
read_item(const PaidItem *item, DateADT first_day, DnShown *part, DnPayment **payments, int32 *n, int *scale)
{
	DnMovement	of_part[DN_PARTS_MAX];
	DnMovement *m = palloc(item->payment.n * sizeof(DnMovement));
	DnPayment  *p = palloc(item->payment.n * sizeof(DnPayment));
	int			dscale;
	int			i;

	*payments = p;
	*n = 0;
	*scale = DUNNING_MONEY_SCALE;
	if (!read_fitting(NumericGetDatum(item->amount), &of_part[0], &dscale))
		return false;
	for (i = 0; i < item->n; i++)
	{
		if (!read_fitting(NumericGetDatum(item->part[i]), &of_part[i], &part[i].dscale))
			return false;
		*scale = Max(*scale, of_part[i].scale);
	}
	for (i = 0; i < item->payment.n; i++)
	{
		if (item->payment.null[i])
			continue;
		if (!read_fitting(item->payment.value[i], &m[*n], &dscale))
			return false;
		*scale = Max(*scale, m[*n].scale);
		p[*n].dscale = dscale;
		p[*n].part = named_part(item, i);
		p[*n].day = is_null(&item->day, i) ? first_day : DatumGetDateADT(item->day.value[i]);
		if (!dn_movement_day_valid(p[*n].day))
			p[*n].day = first_day;
		++*n;
	}
	for (i = 0; i < item->n; i++)
		part[i].units = rescaled(of_part[i], *scale);
	for (i = 0; i < *n; i++)
		p[i].units = rescaled(m[i], *scale);
	return true;
}

/* Adds a movement, but none of nothing. */
static void
add_move(Moves *moves, DateADT day, DnShown v, int scale)
{
	if (moves->n == moves->room)
	{
		dunning_check_movements((int64) moves->n + 1);
		moves->room *= 2;
		moves->m = repalloc(moves->m, moves->room * sizeof(DnMovement));
	}
	moves->m[moves->n++] = (DnMovement) {v.units, day, scale};
	moves->dscale = Max(moves->dscale, Min(v.dscale, DN_MOVEMENT_SCALE_MAX));
}

/*
 * The histories of the parts: the part itself on the first day, and less what it
 * received on each day, which is what it has then less what it had before.
 * False if the amounts are too large.
 */
static bool
make_histories(DnAllocation *a, DnPayment *p, int32 n, DateADT first_day, int scale, Datum *history)
{
	Moves		moves[DN_PARTS_MAX];
	DnShown		before[DN_PARTS_MAX];
	DnShown		received[DN_PARTS_MAX];
	int32		next = 0;
	int			i;

	for (i = 0; i < a->n; i++)
	{
		moves[i] = (Moves) {palloc(FIRST_ROOM * sizeof(DnMovement)), 0, FIRST_ROOM, 0};
		add_move(&moves[i], first_day, a->amount[i], scale);
		before[i] = (DnShown) {0, 0};
	}
	dn_sort_payments(p, n);
	while (next < n)
	{
		DateADT		day = p[next].day;

		CHECK_FOR_INTERRUPTS();
		for (; next < n && p[next].day == day; next++)
			if (!dn_allocation_pay(a, &p[next]))
				return false;
		dn_allocate(a, received);
		for (i = 0; i < a->n; i++)
		{
			DnShown		moved = {before[i].units - received[i].units, Max(before[i].dscale, received[i].dscale)};

			if (moved.units != 0)
				add_move(&moves[i], day, moved, scale);
			before[i] = received[i];
		}
	}
	for (i = 0; i < a->n; i++)
	{
		dunning_check_movements(moves[i].n);
		history[i] = dunning_make_history(moves[i].m, moves[i].n, moves[i].dscale);
	}
	return true;
}

/* What each part has received, in integers; false if an amount does not fit. */
static bool
allocate_units(const PaidItem *item, bool with_history, DateADT first_day, Parts *parts)
{
	DnAllocation a;
	DnShown		part[DN_PARTS_MAX];
	DnShown		received[DN_PARTS_MAX];
	DnPayment  *p;
	int32		n;
	int			scale;
	int			i;

	if (!read_item(item, first_day, part, &p, &n, &scale) ||
		!dn_allocation_begin(&a, number_sign(item->amount) < 0, item->n, item->due_on, part))
		return false;
	if (with_history)
	{
		if (!make_histories(&a, p, n, first_day, scale, parts->history))
			return false;
	}
	else
		for (i = 0; i < n; i++)
			if (!dn_allocation_pay(&a, &p[i]))
				return false;
	/* what was paid is the amount less what is open */
	a.unnamed.dscale = Max(a.unnamed.dscale, number_dscale(item->amount));
	dn_allocate(&a, received);
	for (i = 0; i < item->n; i++)
		parts->received[i] = dunning_shown_numeric(received[i].units, scale, received[i].dscale);
	parts->has_history = with_history;
	return true;
}

/*
 * As dn_allocate, for amounts of any size.  Payments that are NaN or infinite say nothing
 * of any part, so that each has received their sum.
 */
static void
allocate_numerics(const PaidItem *item, Numeric *received)
{
	const Numeric zero = int64_to_numeric(0);
	const bool	negative = number_sign(item->amount) < 0;
	Numeric		named[DN_PARTS_MAX];
	Numeric		paid = zero;
	Numeric		all_named = zero;
	Numeric		unnamed;
	Numeric		before = zero;
	int			order[DN_PARTS_MAX];
	int			i;
	int			k;

	for (i = 0; i < item->n; i++)
		named[i] = zero;
	for (i = 0; i < item->payment.n; i++)
	{
		int32		part = named_part(item, i);
		Numeric		v;

		CHECK_FOR_INTERRUPTS();
		if (item->payment.null[i])
			continue;
		v = DatumGetNumeric(item->payment.value[i]);
		paid = number_add(paid, v);
		if (part >= 1 && part <= item->n)
			named[part - 1] = number_add(named[part - 1], v);
	}
	for (i = 0; i < item->n; i++)
		all_named = number_add(all_named, named[i]);
	if (!number_finite(paid))
	{
		for (i = 0; i < item->n; i++)
			received[i] = paid;
		return;
	}
	paid = number_sub(item->amount, number_sub(item->amount, paid));
	unnamed = number_sub(paid, all_named);
	if (negative)
		unnamed = number_neg(unnamed);
	dn_fill_order(item->due_on, item->n, order);
	for (k = 0; k < item->n; k++)
	{
		Numeric		room = number_sub(item->part[order[k]], named[order[k]]);
		Numeric		v = number_sub(unnamed, before);

		if (negative)
			room = number_neg(room);
		if (number_sign(room) < 0)
			room = zero;
		if (k > 0 && number_sign(v) <= 0)
			v = zero;
		if (k < item->n - 1)
			v = number_min(room, v);
		received[order[k]] = number_add(named[order[k]], negative ? number_neg(v) : v);
		before = number_add(before, room);
	}
}

/*
 * item_parts(terms, issued_on, amount, decimals, first_day, amounts, days, parts, with_history):
 * a row a part; none if the terms give no parts
 */
Datum
dunning_item_parts(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	DateADT		first_day = PG_ARGISNULL(4) ? 0 : PG_GETARG_DATEADT(4);
	bool		with_history = !PG_ARGISNULL(8) && PG_GETARG_BOOL(8) &&
		!PG_ARGISNULL(4) && dn_movement_day_valid(first_day);
	PaidItem	item;
	Parts		parts = {.has_history = false};
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	if (dunning_null_among(fcinfo, 3))
		return (Datum) 0;
	item.amount = PG_GETARG_NUMERIC(2);
	if (!number_finite(item.amount))
		return (Datum) 0;
	item.n = dunning_read_instalments(PG_GETARG_DATUM(0), PG_GETARG_DATEADT(1), NumericGetDatum(item.amount),
									  dunning_decimals_arg(fcinfo, 3), item.due_on, item.part);
	get_elements(fcinfo, 5, NUMERICOID, &item.payment);
	get_elements(fcinfo, 6, DATEOID, &item.day);
	get_elements(fcinfo, 7, INT4OID, &item.names);
	if (!allocate_units(&item, with_history, first_day, &parts))
		allocate_numerics(&item, parts.received);
	for (i = 0; i < item.n; i++)
	{
		Datum		values[6];
		bool		nulls[6] = {false};

		values[0] = Int32GetDatum(i + 1);
		values[1] = Int32GetDatum(item.n);
		values[2] = DateADTGetDatum(item.due_on[i]);
		values[3] = NumericGetDatum(item.part[i]);
		values[4] = NumericGetDatum(parts.received[i]);
		nulls[5] = !parts.has_history;
		values[5] = parts.has_history ? parts.history[i] : (Datum) 0;
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
