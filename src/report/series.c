/*
 * report/series.c: the aggregate dunning.aged_series: aged balances on several
 * dates from one pass over the movements, and the state that it builds.
 */
#include "aging/balance.h"
#include "balance/history.h"
#include "core/series.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "number.h"
#include "nodes/execnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(dunning_aged_series_accum);
PG_FUNCTION_INFO_V1(dunning_aged_series_accum_history);
PG_FUNCTION_INFO_V1(dunning_aged_series_combine);
PG_FUNCTION_INFO_V1(dunning_aged_series_final);

#define STATE_TYPE "aged_series_state"

#define MAX_SLOTS (DN_AGING_MAX_BUCKETS + 1)
#define MAX_DSCALE 0x3FFF		/* what a numeric's header has room for */

/*
 * The state.  Its size depends on the dates and the scheme alone as long as
 * all amounts fit ten-thousandths, so that nearly every row is added in place.
 * Behind the head come the dates, the payload of the scheme and a sum for each
 * cell of core/series.h.  What no sum can hold follows as rests: a number each
 * and a numeric, in ascending order.  A rest's number counts one slot more on
 * each date than cells have: for amounts that are no number or infinite, which
 * are kept apart as an aged balance does.
 */
typedef struct AgedSeries
{
	DunningValue head;
	uint16		dscale;			/* the most decimals of any amount added */
	uint16		slots;			/* of a date, without the one for invalid amounts */
	uint16		scheme_len;		/* bytes of the scheme's payload */
	uint16		dates;
	uint64		mark;			/* a hash of dates and scheme */
	int32		date[FLEXIBLE_ARRAY_MEMBER];
} AgedSeries;

StaticAssertDecl(offsetof(AgedSeries, date) == 24 && DUNNING_SCHEME_MAX_PAYLOAD <= PG_UINT16_MAX &&
				 DN_SERIES_MAX_DATES <= PG_UINT16_MAX,
				 "the head is without gaps but that of a value, and every scheme has a length");

typedef struct Rest
{
	int32		number;
	int32		zero;
	char		amount[FLEXIBLE_ARRAY_MEMBER];	/* a numeric, padded to 8 bytes */
} Rest;

/* What a call site keeps in fn_extra: the arguments dates and scheme, worked up. */
typedef struct Site
{
	DnSeries	series;
	uint64		mark;
	Size		array_len;
	const char *array;			/* bytes of the argument dates */
	Size		scheme_len;
	const char *scheme;			/* bytes of the argument scheme */
} Site;

static inline const char *
scheme_payload(const AgedSeries *s)
{
	return (const char *) (s->date + s->dates);
}

static inline Size
cells_offset(Size dates, Size scheme_len)
{
	return MAXALIGN(offsetof(AgedSeries, date) + dates * sizeof(int32) + scheme_len);
}

static inline DnWide8 *
cells(AgedSeries *s)
{
	return (DnWide8 *) ((char *) s + cells_offset(s->dates, s->scheme_len));
}

/* Everything up to the rests. */
static inline Size
fixed_size(Size dates, Size slots, Size scheme_len)
{
	return cells_offset(dates, scheme_len) + dates * slots * sizeof(DnWide8);
}

/* Equal for equal dates and schemes, and with near certainty for no others. */
static uint64
mark_of(const int32 *date, int32 dates, const char *scheme, Size scheme_len)
{
	uint64		mark = hash_bytes_extended((const unsigned char *) date, dates * (int) sizeof(int32), 0);

	return hash_bytes_extended((const unsigned char *) scheme, (int) scheme_len, mark);
}

static void
check_size(int64 dates, int64 slots)
{
	if (dates > DN_SERIES_MAX_DATES || dates * slots > DN_SERIES_MAX_CELLS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many dates for a series of aged balances"),
				 errdetail("A series has at most %d dates, and these times the amounts of a balance make at most %d.",
						   DN_SERIES_MAX_DATES, DN_SERIES_MAX_CELLS),
				 errhint("Use a longer step, or a scheme with fewer buckets.")));
}

static AgedSeries *
empty_series(const int32 *date, int32 dates, const char *scheme, Size scheme_len)
{
	int			slots = dunning_scheme_body(scheme, scheme_len)->count + 1;
	Size		size = fixed_size(dates, slots, scheme_len);
	AgedSeries *s = palloc0(size);

	SET_VARSIZE(s, size);
	s->head.version = DUNNING_VALUE_VERSION;
	s->slots = slots;
	s->scheme_len = scheme_len;
	s->dates = dates;
	s->mark = mark_of(date, dates, scheme, scheme_len);
	memcpy(s->date, date, dates * sizeof(int32));
	memcpy(s->date + dates, scheme, scheme_len);
	return s;
}

/*
 * Checks a state that is read, and takes its rests if the caller wants them:
 * a numeric or NULL for each number.  Data corrupted unless it is whole.
 */
static void
read_series(AgedSeries *s, Numeric *rests)
{
	Size		size = VARSIZE(s);
	int32		number = -1;
	Size		at;

	dunning_check_value(s, offsetof(AgedSeries, date), STATE_TYPE);
	if (s->dates < 1 || s->dates > DN_SERIES_MAX_DATES || s->slots > MAX_SLOTS ||
		s->dates * s->slots > DN_SERIES_MAX_CELLS || s->dscale > MAX_DSCALE ||
		s->scheme_len > DUNNING_SCHEME_MAX_PAYLOAD ||
		(at = fixed_size(s->dates, s->slots, s->scheme_len)) > size ||
		!dn_series_days_valid(s->date, s->dates) ||
		dunning_scheme_body(scheme_payload(s), s->scheme_len)->count + 1 != s->slots ||
		mark_of(s->date, s->dates, scheme_payload(s), s->scheme_len) != s->mark)
		dunning_bad_value(STATE_TYPE);
	while (at < size)
	{
		const Rest *rest = (const Rest *) ((char *) s + at);
		Size		left = size - at;
		Size		len;

		if (left < sizeof(Rest) + VARHDRSZ + sizeof(uint16) || rest->zero != 0 || rest->number <= number ||
			rest->number >= s->dates * (s->slots + 1) || !VARATT_IS_4B_U(rest->amount))
			dunning_bad_value(STATE_TYPE);
		len = VARSIZE(rest->amount);
		if (len < VARHDRSZ + sizeof(uint16) || MAXALIGN(len) > left - sizeof(Rest))
			dunning_bad_value(STATE_TYPE);
		number = rest->number;
		if (rests != NULL)
			rests[number] = (Numeric) rest->amount;
		at += sizeof(Rest) + MAXALIGN(len);
	}
}

/*
 * For assertions alone: a state that is not whole is an error, and the decimals
 * shown must cover all sums.
 */
static bool
series_valid(AgedSeries *s)
{
	const DnWide part = dn_power(DUNNING_MONEY_SCALE - Min(s->dscale, DUNNING_MONEY_SCALE));
	int			i;

	read_series(s, NULL);
	for (i = 0; i < s->dates * s->slots; i++)
		if (cells(s)[i] % part != 0)
			return false;
	return true;
}

static Numeric *
take_rests(AgedSeries *s)
{
	Numeric    *rests = palloc0(s->dates * (s->slots + 1) * sizeof(Numeric));

	read_series(s, rests);
	return rests;
}

/* A state like another one, but with these rests. */
static AgedSeries *
with_rests(const AgedSeries *s, const Numeric *rests)
{
	int			count = s->dates * (s->slots + 1);
	Size		at = fixed_size(s->dates, s->slots, s->scheme_len);
	Size		size = at;
	AgedSeries *copy;
	int			i;

	for (i = 0; i < count; i++)
		if (rests[i] != NULL)
			size += sizeof(Rest) + MAXALIGN(VARSIZE(rests[i]));
	copy = palloc0(size);
	memcpy(copy, s, at);
	SET_VARSIZE(copy, size);
	for (i = 0; i < count; i++)
	{
		Rest	   *rest = (Rest *) ((char *) copy + at);

		if (rests[i] == NULL)
			continue;
		rest->number = i;
		memcpy(rest->amount, rests[i], VARSIZE(rests[i]));
		at += sizeof(Rest) + MAXALIGN(VARSIZE(rests[i]));
	}
	dn_assert(series_valid(copy));
	return copy;
}

static void
add_rest(Numeric *rest, Numeric amount)
{
	*rest = *rest == NULL ? amount : number_add(*rest, amount);
}

/*
 * Adds an amount that ten-thousandths do not hold.  One that is not finite has
 * no bucket to be in.
 */
static AgedSeries *
add_numeric(AgedSeries *s, const DnSeries *series, const DnPath *path, int32 entry, Numeric amount)
{
	Numeric    *rests = take_rests(s);
	Numeric		minus = number_neg(amount);
	DnStep		step[DN_SERIES_MAX_STEPS];
	int			n = dn_series_steps(series, path, entry, step);
	int			i;

	s->dscale = Max(s->dscale, number_dscale(amount));
	if (n > 0 && !number_finite(amount))
		add_rest(&rests[entry * (s->slots + 1) + s->slots], amount);
	else
		for (i = 0; i < n; i++)
			add_rest(&rests[step[i].cell + step[i].cell / s->slots], step[i].leaves ? minus : amount);
	return with_rests(s, rests);
}

/* Adds ten-thousandths, which the display scale covers already. */
static void
add_units(AgedSeries *s, const DnSeries *series, const DnPath *path, int32 entry, DnWide units)
{
	if (!dn_series_add(series, path, entry, units, cells(s)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum out of range for type %s", STATE_TYPE)));
}

/*
 * A new site for the arguments of this call.  Null value not allowed for a
 * null or a null among the dates, invalid parameter value for dates that do
 * not ascend, date out of range for one that no literal has.
 */
static Site *
open_site(FunctionCallInfo fcinfo, int arg)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(arg);
	struct varlena *packed = PG_GETARG_VARLENA_PP(arg);
	struct varlena *scheme = PG_GETARG_VARLENA_PP(arg + 1);
	const DnAging *aging = dunning_get_scheme(PG_GETARG_DATUM(arg + 1));
	int32		dates = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	int32	   *date = (int32 *) ARR_DATA_PTR(array);
	Size		array_len = VARSIZE_ANY_EXHDR(packed);
	Size		scheme_len = VARSIZE_ANY_EXHDR(scheme);
	Size		from_size;
	Site	   *site;
	char	   *p;
	int32		j;

	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("dates of a series must not be null")));
	if (ARR_NDIM(array) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("dates of a series must be a plain list that is not empty")));
	check_size(dates, aging->count + 1);
	for (j = 0; j < dates; j++)
		if (!dn_movement_day_valid(date[j]))
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("date of a series out of range"),
					 errdetail("Its years go from 1 to 9999.")));
	if (!dn_series_days_valid(date, dates))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("dates of a series must ascend")));

	if (fcinfo->flinfo->fn_extra != NULL)
		pfree(fcinfo->flinfo->fn_extra);
	fcinfo->flinfo->fn_extra = NULL;
	from_size = (Size) dates * (aging->count - 1) * sizeof(int64);
	site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
								  sizeof(Site) + from_size + MAXALIGN(dates * sizeof(int32)) +
								  MAXALIGN(array_len) + MAXALIGN(scheme_len));
	p = (char *) (site + 1);
	if (!dn_series_fill(aging, date, dates, (int64 *) p))
		elog(ERROR, "aging scheme goes back");
	site->series.from = (int64 *) p;
	p += from_size;
	site->series.date = memcpy(p, date, dates * sizeof(int32));
	p += MAXALIGN(dates * sizeof(int32));
	site->array = memcpy(p, VARDATA_ANY(packed), array_len);
	site->scheme = memcpy(p + MAXALIGN(array_len), VARDATA_ANY(scheme), scheme_len);
	site->array_len = array_len;
	site->scheme_len = scheme_len;
	site->series.dates = dates;
	site->series.slots = aging->count + 1;
	site->mark = mark_of(site->series.date, dates, site->scheme, scheme_len);
	fcinfo->flinfo->fn_extra = site;
	return site;
}

/* The site of this call, whose arguments from "arg" on are the dates and the scheme. */
static const Site *
get_site(FunctionCallInfo fcinfo, int arg)
{
	const Site *site = fcinfo->flinfo->fn_extra;
	struct varlena *array;
	struct varlena *scheme;

	if (PG_ARGISNULL(arg) || PG_ARGISNULL(arg + 1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null",
						PG_ARGISNULL(arg) ? "dates of a series" : "aging scheme")));
	if (site == NULL)
		return open_site(fcinfo, arg);
	array = PG_GETARG_VARLENA_PP(arg);
	scheme = PG_GETARG_VARLENA_PP(arg + 1);
	if (VARSIZE_ANY_EXHDR(array) == site->array_len && VARSIZE_ANY_EXHDR(scheme) == site->scheme_len &&
		memcmp(VARDATA_ANY(array), site->array, site->array_len) == 0 &&
		memcmp(VARDATA_ANY(scheme), site->scheme, site->scheme_len) == 0)
		return site;
	return open_site(fcinfo, arg);
}

static void
different_series(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("series of different dates or aging schemes cannot be added"),
			 errhint("Use the same dates and the same scheme for all rows.")));
}

/*
 * An argument as a state that may be changed: inside an aggregate the state
 * itself, not checked since every row comes here; everywhere else a copy that
 * has been checked.
 */
static AgedSeries *
own_series(FunctionCallInfo fcinfo)
{
	AgedSeries *s;

	if (AggCheckCallContext(fcinfo, NULL))
		return (AgedSeries *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	s = (AgedSeries *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
	read_series(s, NULL);
	return s;
}

/* The state to which the row of a transition is added. */
static AgedSeries *
transition_state(FunctionCallInfo fcinfo, const Site *site)
{
	AgedSeries *s;

	s = PG_ARGISNULL(0) ? empty_series(site->series.date, site->series.dates, site->scheme, site->scheme_len) :
		own_series(fcinfo);
	if (s->mark != site->mark || s->dates != site->series.dates || s->slots != site->series.slots)
		different_series();
	dn_assert(series_valid(s));
	return s;
}

static void
item_path(FunctionCallInfo fcinfo, int arg, const DnSeries *series, DnPath *path)
{
	if (PG_ARGISNULL(arg))
		dn_series_undated(series, path);
	else
		dn_series_path(series, PG_GETARG_DATEADT(arg), path);
}

/*
 * aged_series_accum(state, amount, on, due_on, dates, scheme): a movement.
 * One without an amount is left out, one without a day counts from the first
 * date on, one without a due date is undated.
 */
Datum
dunning_aged_series_accum(PG_FUNCTION_ARGS)
{
	const Site *site;
	AgedSeries *s;
	DnPath		path;
	int32		entry = 0;
	int64		units;
	int			dscale;

	if (PG_ARGISNULL(1) && PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	site = get_site(fcinfo, 4);
	s = transition_state(fcinfo, site);
	if (!PG_ARGISNULL(2))
		entry = dn_series_entry(&site->series, PG_GETARG_DATEADT(2), 0);
	item_path(fcinfo, 3, &site->series, &path);
	if (!dunning_money_read(PG_GETARG_VARLENA_PP(1), &units, &dscale))
		PG_RETURN_POINTER(add_numeric(s, &site->series, &path, entry, PG_GETARG_NUMERIC(1)));
	s->dscale = Max(s->dscale, dscale);
	add_units(s, &site->series, &path, entry, units);
	dn_assert(series_valid(s));
	PG_RETURN_POINTER(s);
}

/* A movement of a history as a numeric. */
static Numeric
movement_amount(const DnHistory *h, int i)
{
	return dunning_shown_numeric(dn_history_units(h, i), h->scale, h->dscale);
}

/* A movement of a history in ten-thousandths; false if it is too large or too fine. */
static bool
movement_units(const DnHistory *h, int i, DnWide *units)
{
	int			scale;

	*units = dn_history_units(h, i);
	if (h->scale > DUNNING_MONEY_SCALE || !dn_fits_int64(*units))
		return false;
	for (scale = h->scale; scale < DUNNING_MONEY_SCALE; scale++)
		*units *= 10;
	return true;
}

/*
 * aged_series_accum(state, history, issued_on, due_on, dates, scheme): the
 * movements of an item, none of which counts before its issue date.  What
 * falls on one date of the series is added up first: an item settled before
 * the first one costs no step.
 */
Datum
dunning_aged_series_accum_history(PG_FUNCTION_ARGS)
{
	const Site *site;
	AgedSeries *s;
	DnHistory	h;
	DnPath		path;
	DnWide		sum = 0;
	int32		first = 0;
	int32		entry = 0;
	int			i;

	if (PG_ARGISNULL(1) && PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	site = get_site(fcinfo, 4);
	s = transition_state(fcinfo, site);
	dunning_read_history(PG_GETARG_DATUM(1), &h);
	item_path(fcinfo, 3, &site->series, &path);
	if (!PG_ARGISNULL(2))
		first = dn_series_entry(&site->series, PG_GETARG_DATEADT(2), 0);
	s->dscale = Max(s->dscale, h.dscale);
	for (i = 0; i < h.n; i++)
	{
		int32		at = Max(first, dn_series_entry(&site->series, dn_history_day(&h, i), entry));
		DnWide		units;

		if (at != entry && sum != 0)
		{
			add_units(s, &site->series, &path, entry, sum);
			sum = 0;
		}
		entry = at;
		if (movement_units(&h, i, &units))
			sum += units;
		else
			s = add_numeric(s, &site->series, &path, entry, movement_amount(&h, i));
	}
	if (sum != 0)
		add_units(s, &site->series, &path, entry, sum);
	dn_assert(series_valid(s));
	PG_RETURN_POINTER(s);
}

/*
 * aged_series_combine(state, state): the aggregate's combine function.
 * Invalid parameter value unless both have the same dates and scheme.
 */
Datum
dunning_aged_series_combine(PG_FUNCTION_ARGS)
{
	AgedSeries *a = own_series(fcinfo);
	AgedSeries *b = (AgedSeries *) PG_DETOAST_DATUM(PG_GETARG_DATUM(1));
	Size		fixed = fixed_size(b->dates, b->slots, b->scheme_len);
	Numeric    *rests = take_rests(b);
	Numeric    *sums;
	int			i;

	if (a->mark != b->mark || a->dates != b->dates || a->slots != b->slots ||
		a->scheme_len != b->scheme_len || memcmp(a->date, b->date, a->dates * sizeof(int32)) != 0 ||
		memcmp(scheme_payload(a), scheme_payload(b), a->scheme_len) != 0)
		different_series();
	a->dscale = Max(a->dscale, b->dscale);
	for (i = 0; i < a->dates * a->slots; i++)
	{
		DnWide		sum;

		if (__builtin_add_overflow(cells(a)[i], cells(b)[i], &sum))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("sum out of range for type %s", STATE_TYPE)));
		cells(a)[i] = sum;
	}
	dn_assert(series_valid(a));
	if (VARSIZE(b) == fixed)
		PG_RETURN_POINTER(a);
	sums = take_rests(a);
	for (i = 0; i < a->dates * (a->slots + 1); i++)
		if (rests[i] != NULL)
			add_rest(&sums[i], rests[i]);
	PG_RETURN_POINTER(with_rests(a, sums));
}

/* aged_series_final(state): the balances of all dates, the state being left as it is */
Datum
dunning_aged_series_final(PG_FUNCTION_ARGS)
{
	AgedSeries *s = (AgedSeries *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	Numeric    *rests = take_rests(s);
	Datum	   *element = palloc(s->dates * sizeof(Datum));
	int128		sum[MAX_SLOTS] = {0};
	Numeric		rest[MAX_SLOTS + 1] = {NULL};
	int32		j;
	int			slot;

	for (j = 0; j < s->dates; j++)
	{
		for (slot = 0; slot < s->slots; slot++)
			sum[slot] += cells(s)[j * s->slots + slot];
		for (slot = 0; slot <= s->slots; slot++)
			if (rests[j * (s->slots + 1) + slot] != NULL)
				add_rest(&rest[slot], rests[j * (s->slots + 1) + slot]);
		element[j] = dunning_make_balance(scheme_payload(s), s->scheme_len, s->dscale, sum, rest);
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(element, s->dates,
										  get_element_type(get_fn_expr_rettype(fcinfo->flinfo)),
										  -1, false, TYPALIGN_DOUBLE));
}

/*
 * The text form of a state, of which the binary one is made, too: the changes
 * on each date, an amount for each bucket, the undated and the invalid one.
 *
 *   {2026-01-31: 100.00, 0.00, 0.00, 0.00; 2026-02-28: -100.00, 100.00, 0.00, 0.00} by 30
 */
static char *
print_series(Datum d)
{
	AgedSeries *s = (AgedSeries *) PG_DETOAST_DATUM(d);
	Numeric    *rests = take_rests(s);
	StringInfoData text;
	int32		j;
	int			slot;

	initStringInfo(&text);
	for (j = 0; j < s->dates; j++)
	{
		appendStringInfo(&text, "%s%s:", j == 0 ? "{" : "; ", dunning_day_text(s->date[j]));
		for (slot = 0; slot <= s->slots; slot++)
		{
			bool		invalid = slot == s->slots;
			int128		units = invalid ? 0 : cells(s)[j * s->slots + slot];
			Numeric		amount = dunning_money_numeric(units, invalid ? 0 : s->dscale);

			if (s->dscale > DUNNING_MONEY_SCALE && !invalid)
				amount = number_show(amount, s->dscale);
			if (rests[j * (s->slots + 1) + slot] != NULL)
				add_rest(&amount, rests[j * (s->slots + 1) + slot]);
			appendStringInfo(&text, "%s %s", slot == 0 ? "" : ",",
							 dunning_number_text(amount));
		}
	}
	appendStringInfo(&text, "} by %s",
					 dunning_print(dn_aging_print, dunning_scheme_body(scheme_payload(s), s->scheme_len)));
	return text.data;
}

/* What a parser collects before the scheme is known. */
typedef struct Draft
{
	int32		dates;
	int32		amounts;		/* of all dates */
	int32	   *date;
	Numeric    *amount;
} Draft;

/* All up to the scheme. */
static bool
parse_amounts(DnScan *scan, struct Node *escontext, Draft *d)
{
	if (!dn_char(scan, '{'))
		return dn_fail(scan, DN_SYNTAX, "an opening brace was expected");
	do
	{
		if (d->dates == DN_SERIES_MAX_DATES)
			return dn_fail(scan, DN_LIMIT, "a series has at most " DN_STR(DN_SERIES_MAX_DATES) " dates");
		d->date = repalloc(d->date, (d->dates + 1) * sizeof(int32));
		if (!dn_date(scan, &d->date[d->dates++]))
			return false;
		if (!dn_series_days_valid(d->date, d->dates))
			return dn_fail(scan, DN_SYNTAX, "dates must ascend");
		if (!dn_char(scan, ':'))
			return dn_fail(scan, DN_SYNTAX, "a colon was expected");
		do
		{
			/* each date has one amount more than there are slots to a cell */
			if (d->amounts == DN_SERIES_MAX_CELLS + DN_SERIES_MAX_DATES)
				return dn_fail(scan, DN_LIMIT, "a series has at most " DN_STR(DN_SERIES_MAX_CELLS) " amounts");
			d->amount = repalloc(d->amount, (d->amounts + 1) * sizeof(Numeric));
			if (!dunning_scan_number(scan, escontext, &d->amount[d->amounts++]))
				return false;
		} while (dn_char(scan, ','));
	} while (dn_char(scan, ';'));
	if (!dn_char(scan, '}'))
		return dn_fail(scan, DN_SYNTAX, "a closing brace was expected");
	if (!dn_keyword(scan, "by"))
		return dn_fail(scan, DN_SYNTAX, "\"by\" and an aging scheme were expected");
	return true;
}

/* The state of a draft; NULL if an amount is where it cannot be. */
static AgedSeries *
make_series(const Draft *d, const DnAging *aging)
{
	struct varlena *scheme = dunning_make_scheme(aging);
	AgedSeries *s = empty_series(d->date, d->dates, VARDATA(scheme), VARSIZE(scheme) - VARHDRSZ);
	Numeric    *rests = palloc0(d->amounts * sizeof(Numeric));
	int			i;

	for (i = 0; i < d->amounts; i++)
	{
		int			slot = i % (s->slots + 1);
		int64		units;
		int			dscale;

		if (dunning_money_read((struct varlena *) d->amount[i], &units, &dscale))
		{
			if (slot < s->slots)
				cells(s)[i - i / (s->slots + 1)] = units;
			else if (units != 0)
				return NULL;
		}
		else if (number_finite(d->amount[i]) != (slot < s->slots))
			return NULL;
		else
			rests[i] = d->amount[i];
		s->dscale = Max(s->dscale, number_dscale(d->amount[i]));
	}
	return with_rests(s, rests);
}

static Datum
parse_series(const char *text, size_t len, struct Node *escontext)
{
	DnScan		scan;
	DnAgingRoom room;
	Draft		d = {0, 0, palloc(sizeof(int32)), palloc(sizeof(Numeric))};
	AgedSeries *s = NULL;
	const char *by;

	dn_scan_init(&scan, text, len);
	if (parse_amounts(&scan, escontext, &d))
	{
		by = scan.p;
		if (dn_aging_parse(&scan, &room))
		{
			if (d.amounts != d.dates * (room.scheme.count + 2))
				dn_fail_at(&scan, by, DN_SYNTAX, "the scheme has another number of buckets than there are amounts");
			else if (d.dates * (room.scheme.count + 1) > DN_SERIES_MAX_CELLS)
				dn_fail_at(&scan, by, DN_LIMIT, "a series has at most " DN_STR(DN_SERIES_MAX_CELLS) " amounts");
			else if ((s = make_series(&d, &room.scheme)) == NULL)
				dn_fail_at(&scan, text, DN_SYNTAX, "the last amount of a date, and no other, is NaN or infinite");
		}
	}
	if (s == NULL && scan.err.code != DN_OK)
		dunning_parse_error(escontext, STATE_TYPE, text, len, &scan.err);
	return PointerGetDatum(s);
}

DUNNING_STATE_TYPE(aged_series_state, parse_series, print_series);

