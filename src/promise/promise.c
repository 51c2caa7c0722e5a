/*
 * promise/promise.c: the payments of an item, and what became of promises to pay.
 */
#include "balance/history.h"

#include "catalog/pg_type.h"
#include "core/promise.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "number.h"
#include "utils/array.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(dunning_payments);
PG_FUNCTION_INFO_V1(dunning_promise_states);

static const char *const state_label[] = {"open", "kept", "partly_kept", "broken", "withdrawn"};

/* Days on which the payments came back, by the place of the movement; NULL: none did. */
static int32 *
find_returns(const DnHistory *h, DateADT as_of)
{
	int32	   *partner;

	if (!dn_history_may_return(h, as_of))
		return NULL;
	partner = palloc(h->n * sizeof(int32));
	if (dn_history_returns(h, as_of, palloc(h->n * sizeof(int32)), partner) == 0)
		return NULL;
	return partner;
}

static DateADT
returned_on(const DnHistory *h, const int32 *partner, int32 i)
{
	return partner != NULL && partner[i] >= 0 ? dn_history_day(h, partner[i]) : DN_DAY_NEVER;
}

/* payments(history, as_of): a row a payment, with the day on which it came back */
Datum
dunning_payments(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	DateADT		as_of = PG_GETARG_DATEADT(1);
	DnHistory	h;
	int32	   *partner;
	int32		i;

	dunning_read_history(PG_GETARG_DATUM(0), &h);
	partner = find_returns(&h, as_of);
	InitMaterializedSRF(fcinfo, 0);
	for (i = 0; i < h.n && dn_history_day(&h, i) <= as_of; i++)
	{
		DnWide		units = dn_history_units(&h, i);
		DateADT		returned = returned_on(&h, partner, i);
		Datum		values[3];
		bool		nulls[3] = {false, false, returned == DN_DAY_NEVER};

		CHECK_FOR_INTERRUPTS();
		if (units >= 0)
			continue;
		values[0] = DateADTGetDatum(dn_history_day(&h, i));
		values[1] = NumericGetDatum(dunning_shown_numeric(-units, h.scale, h.dscale));
		values[2] = DateADTGetDatum(returned);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* An array argument without NULLs; its length if n is -1, otherwise it has to be n. */
static Datum *
get_array(FunctionCallInfo fcinfo, int arg, Oid type, int typlen, bool byval, int *n)
{
	Datum	   *value;
	bool	   *null;
	int			found;
	int			i;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(arg), type, typlen, byval, TYPALIGN_INT, &value, &null, &found);
	if (*n < 0)
		*n = found;
	if (*n != found)
		elog(ERROR, "%d promises, but %d elements in argument %d", *n, found, arg + 1);
	for (i = 0; i < found; i++)
		if (null[i])
			elog(ERROR, "a NULL in argument %d", arg + 1);
	return value;
}

/* Promises and payments in units of one scale, the finest; shown with the most decimals of any. */
typedef struct Book
{
	DnPromise  *promise;
	int			n;
	DnPromiseTurn *order;
	int			scale;
	int			dscale;
	DnReceipt  *receipt;
	int32		receipts;
} Book;

static void
rescale(DnMovement *m, int scale)
{
	if (!dn_movement_rescale(m, scale))
		dunning_movement_out_of_range();
}

/* Counts the payments of the items, and finds the finest scale. */
static DnHistory *
read_items(Book *book, Datum *item, int items)
{
	DnHistory  *h = palloc(Max(items, 1) * sizeof(DnHistory));
	int64		room = 0;
	int			i;

	for (i = 0; i < items; i++)
	{
		dunning_read_history(item[i], &h[i]);
		room += h[i].n;
		book->scale = Max(book->scale, h[i].scale);
		book->dscale = Max(book->dscale, h[i].dscale);
	}
	book->receipt = MemoryContextAllocExtended(CurrentMemoryContext, Max(room, 1) * sizeof(DnReceipt), MCXT_ALLOC_HUGE);
	return h;
}

static void
take_receipts(Book *book, const DnHistory *h, int32 item, DateADT as_of)
{
	int32	   *partner = find_returns(h, as_of);
	int32		i;

	for (i = 0; i < h->n && dn_history_day(h, i) <= as_of; i++)
	{
		DnMovement	m = {dn_history_units(h, i), dn_history_day(h, i), h->scale};

		CHECK_FOR_INTERRUPTS();
		if (m.units >= 0)
			continue;
		rescale(&m, book->scale);
		book->receipt[book->receipts++] = (DnReceipt) {-m.units, m.day, returned_on(h, partner, i), item};
	}
}

/* Which items each promise is about: pairs of a promise and an item, both from 1; without a pair it is about all. */
static void
take_covers(Book *book, int items, const Datum *promise, const Datum *item, int pairs)
{
	int			i;

	for (i = 0; i < pairs; i++)
	{
		int32		p = DatumGetInt32(promise[i]);
		int32		k = DatumGetInt32(item[i]);

		if (p < 1 || p > book->n || k < 0 || k > items)
			elog(ERROR, "no promise %d or item %d", p, k);
		if (book->promise[p - 1].covers == NULL)
			book->promise[p - 1].covers = palloc0(Max(items, 1) * sizeof(bool));
		if (k > 0)
			((bool *) book->promise[p - 1].covers)[k - 1] = true;
	}
}

static void
return_states(FunctionCallInfo fcinfo, const Book *book)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	for (i = 0; i < book->n; i++)
	{
		const DnPromise *p = &book->promise[i];
		bool		open = p->decided_on == DN_DAY_NEVER;
		Datum		values[4];
		bool		nulls[4] = {false, false, false, open};

		values[0] = Int32GetDatum(i + 1);
		values[1] = CStringGetTextDatum(state_label[p->state]);
		values[2] = NumericGetDatum(dunning_shown_numeric(p->paid, book->scale, book->dscale));
		values[3] = DateADTGetDatum(p->decided_on);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/*
 * promise_states(amount[], needed[], promised_on[], promised_for[], last_on[], withdrawn_on[], history[],
 * pair_promise[], pair_item[], as_of): what became of promises that are filled together
 */
Datum
dunning_promise_states(PG_FUNCTION_ARGS)
{
	DateADT		as_of = PG_GETARG_DATEADT(9);
	Oid			history_type = ARR_ELEMTYPE(PG_GETARG_ARRAYTYPE_P(6));
	Book		book = {.n = -1};
	int			items = -1;
	int			pairs = -1;
	Datum	   *amount = get_array(fcinfo, 0, NUMERICOID, -1, false, &book.n);
	Datum	   *needed = get_array(fcinfo, 1, NUMERICOID, -1, false, &book.n);
	Datum	   *on = get_array(fcinfo, 2, DATEOID, sizeof(DateADT), true, &book.n);
	Datum	   *until = get_array(fcinfo, 3, DATEOID, sizeof(DateADT), true, &book.n);
	Datum	   *last = get_array(fcinfo, 4, DATEOID, sizeof(DateADT), true, &book.n);
	Datum	   *withdrawn = get_array(fcinfo, 5, DATEOID, sizeof(DateADT), true, &book.n);
	Datum	   *item = get_array(fcinfo, 6, history_type, -1, false, &items);
	Datum	   *pair_promise = get_array(fcinfo, 7, INT4OID, sizeof(int32), true, &pairs);
	Datum	   *pair_item = get_array(fcinfo, 8, INT4OID, sizeof(int32), true, &pairs);
	DnMovement *m;
	DnHistory  *h;
	int			i;

	if (book.n > DN_PROMISES_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many promises of one customer"),
				 errdetail("At most %d are looked at together, and there are %d.", DN_PROMISES_MAX, book.n)));
	h = read_items(&book, item, items);
	book.promise = palloc0(Max(book.n, 1) * sizeof(DnPromise));
	book.order = palloc(Max(book.n, 1) * sizeof(DnPromiseTurn));
	m = palloc(Max(2 * book.n, 1) * sizeof(DnMovement));
	for (i = 0; i < 2 * book.n; i++)
	{
		int			dscale;

		dunning_read_movement(i % 2 == 0 ? amount[i / 2] : needed[i / 2], on[i / 2], &m[i], &dscale);
		book.scale = Max(book.scale, m[i].scale);
		book.dscale = Max(book.dscale, dscale);
	}
	for (i = 0; i < 2 * book.n; i++)
		rescale(&m[i], book.scale);
	for (i = 0; i < book.n; i++)
	{
		DnPromise  *p = &book.promise[i];

		p->amount = m[2 * i].units;
		p->needed = m[2 * i + 1].units;
		p->promised_on = DatumGetDateADT(on[i]);
		p->promised_for = DatumGetDateADT(until[i]);
		p->last_on = DatumGetDateADT(last[i]);
		p->withdrawn_on = DatumGetDateADT(withdrawn[i]);
		if (p->needed <= 0 || p->needed > p->amount || p->last_on < p->promised_for)
			elog(ERROR, "promise %d makes no sense", i + 1);
	}
	take_covers(&book, items, pair_promise, pair_item, pairs);
	for (i = 0; i < items; i++)
		take_receipts(&book, &h[i], i, as_of);
	dn_sort_receipts(book.receipt, book.receipts);
	dn_promise_order(book.promise, book.n, book.order);
	dn_promise_states(book.promise, book.order, book.n, book.receipt, book.receipts, as_of);
	return_states(fcinfo, &book);
	return (Datum) 0;
}
