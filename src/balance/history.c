/*
 * balance/history.c: the type dunning.balance_history, the dated movements of
 * one open item, and what is asked of it.
 */
#include "balance/history.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "number.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(dunning_balance_history_add);
PG_FUNCTION_INFO_V1(dunning_history_without_dust);
PG_FUNCTION_INFO_V1(dunning_movement);
PG_FUNCTION_INFO_V1(dunning_movements);
PG_FUNCTION_INFO_V1(dunning_open_amount);
PG_FUNCTION_INFO_V1(dunning_match_returns);
PG_FUNCTION_INFO_V1(dunning_standing_history);
PG_FUNCTION_INFO_V1(dunning_settled_on);
PG_FUNCTION_INFO_V1(dunning_was_overpaid);
PG_FUNCTION_INFO_V1(dunning_days_to_pay);
PG_FUNCTION_INFO_V1(dunning_largest_balance);

/*
 * The stored value begins as every DunningValue does.  It is canonical but for
 * the display scale, and its length tells the number of movements: behind the
 * head stand their days, then their amounts.
 */
typedef struct StoredHistory
{
	int32		vl_len_;
	uint8		version;
	uint8		reserved;
	uint8		dscale;
	uint8		form;			/* scale, and the width as FORM_WIDTH has it */
	int32		day[FLEXIBLE_ARRAY_MEMBER];
} StoredHistory;

StaticAssertDecl(offsetof(StoredHistory, version) == offsetof(DunningValue, version) &&
				 offsetof(StoredHistory, reserved) == offsetof(DunningValue, reserved) &&
				 offsetof(StoredHistory, day) == 8, "the head is that of every value");

#define HEAD_SIZE offsetof(StoredHistory, day)
#define FORM_SCALE(form) ((form) & 0x1F)
#define FORM_WIDTH(form) (4 << ((form) >> 5))	/* 4, 8 or 16; others are refused */
#define MOVEMENT_SIZE(width) (sizeof(int32) + (width))

static StoredHistory *
read_stored(Datum datum, DnHistory *h)
{
	StoredHistory *v = (StoredHistory *) PG_DETOAST_DATUM(datum);
	Size		arrays;

	dunning_check_value(v, HEAD_SIZE, DUNNING_HISTORY_TYPE);
	arrays = VARSIZE(v) - HEAD_SIZE;
	h->scale = FORM_SCALE(v->form);
	h->width = FORM_WIDTH(v->form);
	h->dscale = v->dscale;
	if (arrays % MOVEMENT_SIZE(h->width) != 0 ||
		arrays / MOVEMENT_SIZE(h->width) > DN_MOVEMENTS_MAX)
		dunning_bad_value(DUNNING_HISTORY_TYPE);
	h->n = (int32) (arrays / MOVEMENT_SIZE(h->width));
	h->day = v->day;
	h->amount = (const unsigned char *) (v->day + h->n);
	if (!dn_check_history(h))
		dunning_bad_value(DUNNING_HISTORY_TYPE);
	return v;
}

/*
 * Points a core history at the bytes of a stored value, which it detoasts.
 * Data corrupted unless every invariant of core/balance.h holds.
 */
void
dunning_read_history(Datum datum, DnHistory *h)
{
	read_stored(datum, h);
}

/*
 * Leaves out of a history the payments that came back by a day, and their
 * returns.  If there are any, tells the partners of its movements as
 * dn_history_returns does, otherwise NULL.
 */
int32 *
dunning_undo_returns(DnHistory *h, DateADT as_of)
{
	int32	   *partner;
	int32	   *day;

	if (!dn_history_may_return(h, as_of))
		return NULL;
	partner = palloc(h->n * sizeof(int32));
	day = palloc(h->n * sizeof(int32));
	if (dn_history_returns(h, as_of, day, partner) == 0)
		return NULL;
	dn_history_stand(h, partner, day, palloc((Size) h->n * h->width), h);
	return partner;
}

void
dunning_movement_out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("amount out of range for type %s", DUNNING_HISTORY_TYPE),
			 errdetail("With the decimals of the finest amount of a history, at most %d, an amount has at most %d digits, and all of them together have at most %d.",
					   DN_MOVEMENT_SCALE_MAX, DN_MOVEMENT_DIGITS, DN_BALANCE_DIGITS)));
}

/* Program limit exceeded if a history would have so many movements. */
void
dunning_check_movements(int64 n)
{
	if (n > DN_MOVEMENTS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many movements for type %s", DUNNING_HISTORY_TYPE),
				 errdetail("A history has at most %d movements.", DN_MOVEMENTS_MAX)));
}

static Datum
store(const DnMovement *m, const DnHistory *h)
{
	Size		size = HEAD_SIZE + (Size) h->n * MOVEMENT_SIZE(h->width);
	StoredHistory *v = palloc0(size);

	SET_VARSIZE(v, size);
	v->version = DUNNING_VALUE_VERSION;
	v->dscale = (uint8) h->dscale;
	v->form = (uint8) (h->scale | (h->width == 4 ? 0 : h->width == 8 ? 1 : 2) << 5);
	dn_fill_history(m, h, v->day, (unsigned char *) (v->day + h->n));
	return PointerGetDatum(v);
}

/*
 * The history of movements in any order, which it sorts where they are.
 * Numeric value out of range if together they have too many digits.
 */
Datum
dunning_make_history(DnMovement *m, int32 n, int dscale)
{
	DnHistory	h;

	if (!dn_make_history(m, n, dscale, &h))
		dunning_movement_out_of_range();
	return store(m, &h);
}

/* 0 after a soft error. */
Datum
dunning_parse_history(const char *text, size_t len, struct Node *escontext)
{
	DnMovement *room = palloc(dn_history_room(text, len) * sizeof(DnMovement));
	DnHistory	h;
	DnError		err;
	Datum		history;

	if (!dn_parse_history(text, len, room, &h, &err))
	{
		dunning_parse_error(escontext, DUNNING_HISTORY_TYPE, text, len, &err);
		return (Datum) 0;
	}
	history = store(room, &h);
	pfree(room);
	return history;
}

char *
dunning_history_text(Datum history)
{
	DnHistory	h;

	dunning_read_history(history, &h);
	return dunning_print(dn_print_history, &h);
}

/*
 * A movement of a numeric and a date, neither of them null.  Numeric value out
 * of range for an amount that is no number or has too many digits, datetime
 * field overflow for a day that the text form could not say.
 */
void
dunning_read_movement(Datum amount, Datum day, DnMovement *m, int *dscale)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(amount);
	int64		units;
	Numeric		n;
	char	   *text;
	DnScan		s;

	m->day = DatumGetDateADT(day);
	if (!dn_movement_day_valid(m->day))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
				 errmsg("date out of range for type %s", DUNNING_HISTORY_TYPE),
				 errdetail("The day of a movement lies in the years 0001 to 9999.")));
	if (dunning_money_read(packed, &units, dscale))
	{
		m->units = units;
		m->scale = DUNNING_MONEY_SCALE;
		return;
	}
	n = DatumGetNumeric(amount);
	if (numeric_is_nan(n) || numeric_is_inf(n))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("amount out of range for type %s", DUNNING_HISTORY_TYPE),
				 errdetail("The amount of a movement is a finite number.")));
	text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(n)));
	dn_scan_init(&s, text, strlen(text));
	if (!dn_scan_amount(&s, m, dscale))
		dunning_movement_out_of_range();
}

/* The same movements, shown with no more decimals than they need. */
static Datum
canonical(Datum datum)
{
	DnHistory	h;
	StoredHistory *v = read_stored(datum, &h);

	if (v->dscale != h.scale)
	{
		v = (StoredHistory *) PG_DETOAST_DATUM_COPY(PointerGetDatum(v));
		v->dscale = (uint8) h.scale;
	}
	return PointerGetDatum(v);
}

DUNNING_VALUE_TYPE(balance_history, dunning_parse_history, dunning_history_text, canonical);

/* movement(amount numeric, on_day date): the history of one movement */
Datum
dunning_movement(PG_FUNCTION_ARGS)
{
	DnMovement	m;
	int			dscale;

	dunning_read_movement(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), &m, &dscale);
	PG_RETURN_DATUM(dunning_make_history(&m, 1, dscale));
}

static void
take_movements(const DnHistory *h, DnMovement *m)
{
	int			i;

	for (i = 0; i < h->n; i++)
	{
		m[i].units = dn_history_units(h, i);
		m[i].day = dn_history_day(h, i);
		m[i].scale = h->scale;
	}
}

/* history + history: the movements of both */
Datum
dunning_balance_history_add(PG_FUNCTION_ARGS)
{
	DnHistory	a;
	DnHistory	b;
	DnMovement *m;

	dunning_read_history(PG_GETARG_DATUM(0), &a);
	dunning_read_history(PG_GETARG_DATUM(1), &b);
	dunning_check_movements((int64) a.n + b.n);
	m = palloc((a.n + b.n) * sizeof(DnMovement));
	take_movements(&a, m);
	take_movements(&b, m + a.n);
	PG_RETURN_DATUM(dunning_make_history(m, a.n + b.n, Max(a.dscale, b.dscale)));
}

/* without_dust(history): its balances without dust */
Datum
dunning_history_without_dust(PG_FUNCTION_ARGS)
{
	DnHistory	h;
	DnMovement *m;

	dunning_read_history(PG_GETARG_DATUM(0), &h);
	if (h.scale <= DN_DUST_DECIMALS)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	m = palloc(h.n * sizeof(DnMovement));
	take_movements(&h, m);
	dn_clean_balances(m, h.n);
	PG_RETURN_DATUM(dunning_make_history(m, h.n, 2));
}

/* movements(history): setof (on_day, amount, balance after it), in order */
Datum
dunning_movements(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	DnHistory	h;
	DnWide		balance = 0;
	int			i;

	dunning_read_history(PG_GETARG_DATUM(0), &h);
	InitMaterializedSRF(fcinfo, 0);
	for (i = 0; i < h.n; i++)
	{
		Datum		values[3];
		bool		nulls[3] = {false, false, false};

		CHECK_FOR_INTERRUPTS();
		balance += dn_history_units(&h, i);
		values[0] = DateADTGetDatum(dn_history_day(&h, i));
		values[1] = NumericGetDatum(dunning_shown_numeric(dn_history_units(&h, i), h.scale, h.dscale));
		values[2] = NumericGetDatum(dunning_shown_numeric(balance, h.scale, h.dscale));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* open_amount(history, as_of): the balance at the end of a day */
Datum
dunning_open_amount(PG_FUNCTION_ARGS)
{
	DnHistory	h;

	dunning_read_history(PG_GETARG_DATUM(0), &h);
	PG_RETURN_NUMERIC(dunning_shown_numeric(dn_history_open(&h, PG_GETARG_DATEADT(1)), h.scale, h.dscale));
}

/* match_returns(history, returned): what is known to be a return meets a payment of its amount */
Datum
dunning_match_returns(PG_FUNCTION_ARGS)
{
	DnHistory	h;
	DnHistory	back;
	DnMovement *m;
	DnMovement *returned;
	int32		n = 0;
	int32		i;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	dunning_read_history(PG_GETARG_DATUM(0), &h);
	dunning_read_history(PG_GETARG_DATUM(1), &back);
	dunning_check_movements((int64) h.n + back.n);
	m = palloc(((Size) h.n + back.n) * sizeof(DnMovement));
	returned = palloc(back.n * sizeof(DnMovement));
	take_movements(&h, m);
	take_movements(&back, returned);
	/* an amount with more decimals is none of the history's */
	for (i = 0; i < back.n; i++)
	{
		dn_movement_trim(&returned[i]);
		if (returned[i].scale <= h.scale && dn_movement_rescale(&returned[i], h.scale))
			returned[n++] = returned[i];
	}
	n = dn_match_returns(m, h.n, returned, n, palloc((Size) h.n + n + 1));
	if (n == h.n)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	PG_RETURN_DATUM(dunning_make_history(m, n, h.dscale));
}

/* standing(history, as_of): without the payments that came back by then, and their returns */
Datum
dunning_standing_history(PG_FUNCTION_ARGS)
{
	DnHistory	h;
	DnMovement *m;

	if (dunning_null_among(fcinfo, 1))
		PG_RETURN_NULL();
	dunning_read_history(PG_GETARG_DATUM(0), &h);
	if (dunning_undo_returns(&h, PG_ARGISNULL(1) ? DN_DAY_NEVER : PG_GETARG_DATEADT(1)) == NULL)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	m = palloc(h.n * sizeof(DnMovement));
	take_movements(&h, m);
	PG_RETURN_DATUM(dunning_make_history(m, h.n, h.dscale));
}

/* settled_on(history): the day since which nothing is open; NULL if there is none */
Datum
dunning_settled_on(PG_FUNCTION_ARGS)
{
	DnHistory	h;
	int32		day;

	dunning_read_history(PG_GETARG_DATUM(0), &h);
	if (!dn_history_settled(&h, &day))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(day);
}

/* overpaid(history, due_on): whether a surplus may have paid what is no principal */
Datum
dunning_was_overpaid(PG_FUNCTION_ARGS)
{
	DnHistory	h;

	dunning_read_history(PG_GETARG_DATUM(0), &h);
	PG_RETURN_BOOL(dn_history_overpaid(&h, PG_GETARG_DATEADT(1)));
}

/* days_to_pay(history): from the first movement to settled_on; NULL while open */
Datum
dunning_days_to_pay(PG_FUNCTION_ARGS)
{
	DnHistory	h;
	int32		day;

	dunning_read_history(PG_GETARG_DATUM(0), &h);
	if (!dn_history_settled(&h, &day))
		PG_RETURN_NULL();
	PG_RETURN_INT32(day - dn_history_day(&h, 0));
}

/* largest_balance(history): at the end of any day with a movement; NULL if there is none */
Datum
dunning_largest_balance(PG_FUNCTION_ARGS)
{
	DnHistory	h;
	DnWide		largest;

	dunning_read_history(PG_GETARG_DATUM(0), &h);
	if (!dn_history_largest(&h, &largest))
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(dunning_shown_numeric(largest, h.scale, h.dscale));
}
