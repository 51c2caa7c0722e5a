/*
 * figures/figures.c: the state of the aggregate dunning.figures, and the figures
 * that it makes of it.
 */
#include "balance/history.h"
#include "core/figures.h"

#include "catalog/pg_type.h"
#include "number.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
#include "access/htup_details.h"

PG_FUNCTION_INFO_V1(dunning_figures_accum);
PG_FUNCTION_INFO_V1(dunning_figures_accum_history);
PG_FUNCTION_INFO_V1(dunning_figures_combine);
PG_FUNCTION_INFO_V1(dunning_figures_final);

#define STATE_TYPE "figures_state"
#define COLUMNS 13				/* of _dunning.figure */

/*
 * The state: behind the head the days that are asked for, all dates, and a
 * DnTally for each date.  Amounts are of 10^-scale, at least ten-thousandths; a
 * finer amount makes all of them finer.  From the date "unknown" on an amount is
 * there that is no number or too large, and there are no figures.
 */
typedef struct FiguresState
{
	DunningValue head;
	uint8		scale;
	uint8		dscale;			/* the most decimals shown of any amount added */
	uint16		months;
	uint16		back;
	int32		days;
	int32		dates;
	int32		unknown;		/* the number of dates if all is known */
	int32		day[FLEXIBLE_ARRAY_MEMBER];
} FiguresState;

/* What a call site keeps in fn_extra: its arguments, and an empty state for them. */
typedef struct Site
{
	int32		months;
	int32		back;
	Size		array_len;
	const char *array;			/* bytes of the argument days */
	FiguresState *empty;
} Site;

static inline int32 *
state_dates(FiguresState *s)
{
	return s->day + s->days;
}

static inline Size
tally_offset(int32 days, int32 dates)
{
	return MAXALIGN(offsetof(FiguresState, day) + ((Size) days + dates) * sizeof(int32));
}

static inline DnTally *
state_tally(FiguresState *s)
{
	return (DnTally *) ((char *) s + tally_offset(s->days, s->dates));
}

static inline Size
state_size(int32 days, int32 dates)
{
	return tally_offset(days, dates) + (Size) dates * sizeof(DnTally);
}

static DnFigureSeries
series_of(FiguresState *s)
{
	return (DnFigureSeries) {s->days, s->dates, s->months, s->back, s->day, state_dates(s)};
}

/* Whether so many days and months are a series. */
static bool
valid_series(const int32 *day, int32 days, int32 months, int32 back, const char **what)
{
	int32		i;

	*what = NULL;
	if (days < 1 || days > DN_FIGURES_MAX_DAYS || (int64) days * (back + 2) > 16 * DN_FIGURES_MAX_DATES)
		*what = "too many days, or none";
	else if (months < 1 || months > DN_FIGURES_MAX_MONTHS || back < 0 || back > DN_FIGURES_MAX_MONTHS)
		*what = "the months of sales are 1 to " DN_STR(DN_FIGURES_MAX_MONTHS) ", and those counted back 0 to " DN_STR(DN_FIGURES_MAX_MONTHS);
	else
		for (i = 0; i < days && *what == NULL; i++)
			/* eleven years lie before the first day */
			if (day[i] < DN_MOVEMENT_DAY_MIN + 11 * 366 || day[i] > DN_MOVEMENT_DAY_MAX)
				*what = "a day is out of range";
			else if (i > 0 && day[i] <= day[i - 1])
				*what = "days must ascend";
	return *what == NULL;
}

/* An empty state for a valid series; NULL if it has too many dates. */
static FiguresState *
empty_state(const int32 *day, int32 days, int32 months, int32 back)
{
	int32	   *date = palloc((Size) days * (back + 2) * sizeof(int32));
	int32		dates = dn_figure_dates(day, days, months, back, date);
	FiguresState *s;

	if (dates > DN_FIGURES_MAX_DATES)
		return NULL;
	s = palloc0(state_size(days, dates));
	SET_VARSIZE(s, state_size(days, dates));
	s->head.version = DUNNING_VALUE_VERSION;
	s->scale = DUNNING_MONEY_SCALE;
	s->months = (uint16) months;
	s->back = (uint16) back;
	s->days = days;
	s->dates = dates;
	s->unknown = dates;
	memcpy(s->day, day, days * sizeof(int32));
	memcpy(state_dates(s), date, dates * sizeof(int32));
	pfree(date);
	return s;
}

/* A state from elsewhere.  Its dates end with the last day, so that each day has one. */
static FiguresState *
checked_state(FiguresState *s)
{
	const char *what;
	int32		i;

	dunning_check_value(s, offsetof(FiguresState, day), STATE_TYPE);
	if (s->scale < DUNNING_MONEY_SCALE || s->scale > DN_MOVEMENT_SCALE_MAX || s->dscale > DN_MOVEMENT_SCALE_MAX ||
		s->days < 1 || s->days > DN_FIGURES_MAX_DAYS || s->dates < 1 || s->dates > DN_FIGURES_MAX_DATES ||
		VARSIZE(s) != state_size(s->days, s->dates) || s->unknown < 0 || s->unknown > s->dates ||
		!valid_series(s->day, s->days, s->months, s->back, &what) ||
		state_dates(s)[s->dates - 1] != s->day[s->days - 1])
		dunning_bad_value(STATE_TYPE);
	for (i = 1; i < s->dates; i++)
		if (state_dates(s)[i] <= state_dates(s)[i - 1])
			dunning_bad_value(STATE_TYPE);
	return s;
}

static void
too_many(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("too many days for a series of figures"),
			 errdetail("With the ends of the months before them they are at most %d.", DN_FIGURES_MAX_DATES),
			 errhint("Use a longer step, or count back fewer months.")));
}

static Site *
open_site(FunctionCallInfo fcinfo, int arg)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(arg);
	struct varlena *packed = PG_GETARG_VARLENA_PP(arg);
	int32		days = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	const int32 *day = (const int32 *) ARR_DATA_PTR(array);
	Size		array_len = VARSIZE_ANY_EXHDR(packed);
	int32		months = PG_GETARG_INT32(arg + 1);
	int32		back = PG_GETARG_INT32(arg + 2);
	MemoryContext old;
	const char *what;
	Site	   *site;

	if (array_contains_nulls(array) || ARR_NDIM(array) != 1 || !valid_series(day, days, months, back, &what))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there are no figures on these days"),
				 errdetail("It is a list of ascending days, with 1 to %d months of sales, and 0 to %d months counted back.",
						   DN_FIGURES_MAX_MONTHS, DN_FIGURES_MAX_MONTHS)));
	fcinfo->flinfo->fn_extra = NULL;
	old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	site = palloc0(sizeof(Site) + array_len);
	site->array = memcpy((char *) (site + 1), VARDATA_ANY(packed), array_len);
	site->array_len = array_len;
	site->months = months;
	site->back = back;
	site->empty = empty_state(day, days, months, back);
	MemoryContextSwitchTo(old);
	if (site->empty == NULL)
		too_many();
	fcinfo->flinfo->fn_extra = site;
	return site;
}

/* The site of this call, whose arguments from "arg" on are the days and the two numbers of months. */
static const Site *
get_site(FunctionCallInfo fcinfo, int arg)
{
	const Site *site = fcinfo->flinfo->fn_extra;
	struct varlena *array;
	int			i;

	for (i = arg; i < arg + 3; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("days and months of figures must not be null")));
	if (site == NULL)
		return open_site(fcinfo, arg);
	array = PG_GETARG_VARLENA_PP(arg);
	if (PG_GETARG_INT32(arg + 1) == site->months && PG_GETARG_INT32(arg + 2) == site->back &&
		VARSIZE_ANY_EXHDR(array) == site->array_len && memcmp(VARDATA_ANY(array), site->array, site->array_len) == 0)
		return site;
	return open_site(fcinfo, arg);
}

static bool
same_series(const FiguresState *a, const FiguresState *b)
{
	return a->days == b->days && a->dates == b->dates && a->months == b->months && a->back == b->back &&
		memcmp(a->day, b->day, a->days * sizeof(int32)) == 0;
}

static void
different_series(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("figures of different days or months cannot be added"),
			 errhint("Use the same days and months for all rows.")));
}

/* In an aggregate the state itself, elsewhere a copy that has been checked. */
static FiguresState *
own_state(FunctionCallInfo fcinfo)
{
	if (AggCheckCallContext(fcinfo, NULL))
		return (FiguresState *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	return checked_state((FiguresState *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0)));
}

static FiguresState *
transition_state(FunctionCallInfo fcinfo, const Site *site)
{
	FiguresState *s;

	if (PG_ARGISNULL(0))
	{
		s = palloc(VARSIZE(site->empty));
		return memcpy(s, site->empty, VARSIZE(site->empty));
	}
	s = own_state(fcinfo);
	if (!same_series(s, site->empty))
		different_series();
	return s;
}

static void
out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("sum out of range for type %s", STATE_TYPE)));
}

/* units of 10^-from as units of 10^-to, which is not less; false if they are too many. */
static bool
finer(DnWide *units, int from, int to)
{
	return !__builtin_mul_overflow(*units, dn_power(to - from), units) &&
		dn_magnitude(*units) < (DnUWide) dn_power(DN_FIGURE_DIGITS);
}

/* Has a state keep amounts of a scale; false if one has too many digits then. */
static bool
refine(FiguresState *s, int scale)
{
	DnWide8    *cell = (DnWide8 *) state_tally(s);
	int32		i;

	for (i = 0; scale > s->scale && i < s->dates * 4; i++)
	{
		DnWide		units = cell[i];

		if (!finer(&units, s->scale, scale))
			return false;
		cell[i] = units;
	}
	s->scale = Max(s->scale, (uint8) scale);
	return true;
}

/* The units of a numeric, for which a state is made fine enough; false if it is no number or too large. */
static bool
read_amount(FiguresState *s, Datum datum, DnWide *amount)
{
	DnMovement	m;
	int			dscale;
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(datum);
	int64		units;
	Numeric		n;
	char	   *text;
	DnScan		scan;

	if (dunning_money_read(packed, &units, &dscale))
	{
		m.units = units;
		m.scale = DUNNING_MONEY_SCALE;
	}
	else
	{
		n = DatumGetNumeric(datum);
		if (!number_finite(n))
			return false;
		text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(n)));
		dn_scan_init(&scan, text, strlen(text));
		if (!dn_scan_amount(&scan, &m, &dscale))
			return false;
		dn_movement_trim(&m);
	}
	*amount = m.units;
	if (!refine(s, m.scale) || !finer(amount, m.scale, s->scale))
		return false;
	s->dscale = Max(s->dscale, dscale);
	return true;
}

static void
not_known(FiguresState *s, const DnFigureSeries *series, int32 day)
{
	s->unknown = Min(s->unknown, dn_figure_entry(series, day));
}

static void
add_sale(FunctionCallInfo fcinfo, int arg, FiguresState *s, const DnFigureSeries *series, int32 day)
{
	DnWide		units;

	if (PG_ARGISNULL(arg))
		return;
	if (!read_amount(s, PG_GETARG_DATUM(arg), &units))
		not_known(s, series, day);
	else if (!dn_figure_sell(series, state_tally(s), units, day))
		out_of_range();
}

/*
 * figures_accum(state, amount, on_day, due_on, sale, days, months, back): a
 * movement, and what was sold by it.  One without a day counts from ever.
 */
Datum
dunning_figures_accum(PG_FUNCTION_ARGS)
{
	const Site *site = get_site(fcinfo, 5);
	FiguresState *s = transition_state(fcinfo, site);
	DnFigureSeries series = series_of(s);
	int32		day = PG_ARGISNULL(2) ? DN_DAY_EVER : PG_GETARG_DATEADT(2);
	int32		due = PG_ARGISNULL(3) ? DN_DAY_NEVER : PG_GETARG_DATEADT(3);
	DnWide		units;

	if (!PG_ARGISNULL(1))
	{
		if (!read_amount(s, PG_GETARG_DATUM(1), &units))
			not_known(s, &series, day);
		else if (!dn_figure_add(&series, state_tally(s), units, day, due))
			out_of_range();
	}
	add_sale(fcinfo, 4, s, &series, day);
	PG_RETURN_POINTER(s);
}

/*
 * figures_accum(state, history, issued_on, due_on, sale, days, months, back): the
 * movements of an item, none of which counts before its issue date, and what was
 * sold on that date.
 */
Datum
dunning_figures_accum_history(PG_FUNCTION_ARGS)
{
	const Site *site = get_site(fcinfo, 5);
	FiguresState *s = transition_state(fcinfo, site);
	DnFigureSeries series = series_of(s);
	int32		issued = PG_ARGISNULL(2) ? DN_DAY_EVER : PG_GETARG_DATEADT(2);
	int32		due = PG_ARGISNULL(3) ? DN_DAY_NEVER : PG_GETARG_DATEADT(3);
	DnHistory	h;
	int			i;

	if (!PG_ARGISNULL(1))
	{
		dunning_read_history(PG_GETARG_DATUM(1), &h);
		s->dscale = Max(s->dscale, h.dscale);
		if (!refine(s, h.scale))
			out_of_range();
		for (i = 0; i < h.n; i++)
		{
			int32		day = Max(dn_history_day(&h, i), issued);
			DnWide		units = dn_history_units(&h, i);

			if (!finer(&units, h.scale, s->scale))
				not_known(s, &series, day);
			else if (!dn_figure_add(&series, state_tally(s), units, day, due))
				out_of_range();
		}
	}
	add_sale(fcinfo, 4, s, &series, issued);
	PG_RETURN_POINTER(s);
}

/* Two states into the first; strict, so the caller takes care of nulls. */
Datum
dunning_figures_combine(PG_FUNCTION_ARGS)
{
	FiguresState *a = own_state(fcinfo);
	FiguresState *b = checked_state((FiguresState *) PG_DETOAST_DATUM(PG_GETARG_DATUM(1)));
	DnWide8    *to = (DnWide8 *) state_tally(a);
	const DnWide8 *from = (const DnWide8 *) state_tally(b);
	int32		i;

	if (!same_series(a, b))
		different_series();
	if (!refine(a, b->scale))
		out_of_range();
	a->dscale = Max(a->dscale, b->dscale);
	a->unknown = Min(a->unknown, b->unknown);
	for (i = 0; i < a->dates * 4; i++)
	{
		DnWide		units = from[i];

		if (!finer(&units, b->scale, a->scale) || dn_magnitude(to[i] + units) >= (DnUWide) dn_power(DN_FIGURE_DIGITS))
			out_of_range();
		to[i] += units;
	}
	PG_RETURN_POINTER(a);
}

/*
 * figures_final(state, equal_months, monthly_sales): an array of _dunning.figure,
 * one a day, the state being left as it is.
 */
Datum
dunning_figures_final(PG_FUNCTION_ARGS)
{
	FiguresState *s = checked_state((FiguresState *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0)));
	bool		equal_months = PG_NARGS() > 1 && PG_GETARG_BOOL(1);
	bool		monthly_sales = PG_NARGS() > 2 && PG_GETARG_BOOL(2);
	DnFigureSeries series = series_of(s);
	Size		size = (Size) s->dates * sizeof(DnTally);
	DnTally    *sum = memcpy(palloc(size), state_tally(s), size);
	Oid			element = get_element_type(get_fn_expr_rettype(fcinfo->flinfo));
	TupleDesc	desc = lookup_rowtype_tupdesc(element, -1);
	Datum	   *row = palloc(s->days * sizeof(Datum));
	int			i;
	int			k;

	if (desc->natts != COLUMNS)
		elog(ERROR, "a figure has %d columns", desc->natts);
	if (!dn_figure_sums(&series, sum))
		out_of_range();
	/* a ledger's amounts may have dust, which its reports leave out */
	for (i = 0; PG_NARGS() > 1 && s->scale > DN_DUST_DECIMALS && i < s->dates * 4; i++)
		((DnWide8 *) sum)[i] = dn_without_dust(((DnWide8 *) sum)[i], s->scale);
	for (i = 0; i < s->days; i++)
	{
		Datum		value[COLUMNS];
		bool		null[COLUMNS] = {false};
		bool		known = dn_figure_entry(&series, s->day[i]) < s->unknown;
		DnFigures	f;

		dn_figures(&series, sum, i, equal_months, monthly_sales, &f);
		value[0] = DateADTGetDatum(s->day[i]);
		value[1] = NumericGetDatum(dunning_shown_numeric(f.at.open, s->scale, s->dscale));
		value[2] = NumericGetDatum(dunning_shown_numeric(f.at.overdue, s->scale, s->dscale));
		value[3] = NumericGetDatum(dunning_shown_numeric(f.at.old, s->scale, s->dscale));
		value[4] = NumericGetDatum(dunning_shown_numeric(f.at.sold, s->scale, s->dscale));
		value[5] = Int32GetDatum(f.sales_days);
		for (k = 0; k < DN_FIGURES; k++)
			if ((null[6 + k] = !f.there[k]) == false)
				value[6 + k] = NumericGetDatum(dunning_shown_numeric(f.value[k], DN_FIGURE_DECIMALS, DN_FIGURE_DECIMALS));
		if (!known)
			for (k = 1; k < COLUMNS; k++)
				null[k] = k != 5;
		row[i] = heap_copy_tuple_as_datum(heap_form_tuple(desc, value, null), desc);
	}
	ReleaseTupleDesc(desc);
	PG_RETURN_ARRAYTYPE_P(construct_array(row, s->days, element, -1, false, TYPALIGN_DOUBLE));
}

/* The text form of a state, of which the binary one is made, too. */
static char *
print_state(Datum d)
{
	FiguresState *s = checked_state((FiguresState *) PG_DETOAST_DATUM(d));
	const DnWide8 *cell = (const DnWide8 *) state_tally(s);
	StringInfoData text;
	int32		i;
	int			k;

	initStringInfo(&text);
	for (i = 0; i < s->days; i++)
		appendStringInfo(&text, "%s%s", i == 0 ? "{" : ", ", dunning_day_text(s->day[i]));
	appendStringInfo(&text, "} months %d back %d decimals %d", s->months, s->back, s->dscale);
	if (s->unknown < s->dates)
		appendStringInfo(&text, " unknown %d", s->unknown);
	for (i = 0; i < s->dates; i++)
		for (k = 0; k < 4; k++)
			if (cell[i * 4 + k] != 0)
				appendStringInfo(&text, "; %d: %s", i * 4 + k,
								 dunning_number_text(dunning_shown_numeric(cell[i * 4 + k], s->scale, s->scale)));
	return text.data;
}

static FiguresState *
parse_head(DnScan *scan)
{
	int32	   *day = palloc(DN_FIGURES_MAX_DAYS * sizeof(int32));
	int32		days = 0;
	int32		months;
	int32		back;
	int32		dscale;
	int32		unknown;
	const char *what;
	FiguresState *s;

	if (!dn_char(scan, '{'))
		return dn_fail(scan, DN_SYNTAX, "an opening brace was expected"), NULL;
	do
	{
		if (days == DN_FIGURES_MAX_DAYS)
			return dn_fail(scan, DN_LIMIT, "there are at most " DN_STR(DN_FIGURES_MAX_DAYS) " days"), NULL;
		if (!dn_date(scan, &day[days++]))
			return NULL;
	} while (dn_char(scan, ','));
	if (!dn_char(scan, '}') || !dn_keyword(scan, "months"))
		return dn_fail(scan, DN_SYNTAX, "a closing brace and \"months\" were expected"), NULL;
	if (!dn_int(scan, 1, DN_FIGURES_MAX_MONTHS, &months, "a number of months was expected"))
		return NULL;
	if (!dn_keyword(scan, "back"))
		return dn_fail(scan, DN_SYNTAX, "\"back\" was expected"), NULL;
	if (!dn_int(scan, 0, DN_FIGURES_MAX_MONTHS, &back, "a number of months was expected"))
		return NULL;
	if (!dn_keyword(scan, "decimals"))
		return dn_fail(scan, DN_SYNTAX, "\"decimals\" was expected"), NULL;
	if (!dn_int(scan, 0, DN_MOVEMENT_SCALE_MAX, &dscale, "a number of decimals was expected"))
		return NULL;
	if (!valid_series(day, days, months, back, &what))
		return dn_fail(scan, DN_SYNTAX, what), NULL;
	s = empty_state(day, days, months, back);
	if (s == NULL)
		return dn_fail(scan, DN_LIMIT, "there are at most " DN_STR(DN_FIGURES_MAX_DATES) " dates"), NULL;
	s->dscale = (uint8) dscale;
	if (dn_keyword(scan, "unknown"))
	{
		if (!dn_int(scan, 0, s->dates, &unknown, "the number of a date was expected"))
			return NULL;
		s->unknown = unknown;
	}
	return s;
}

static Datum
parse_state(const char *text, size_t len, struct Node *escontext)
{
	DnScan		scan;
	FiguresState *s;
	DnMovement	m;
	DnWide		units;
	int32		cell;
	int			dscale;

	dn_scan_init(&scan, text, len);
	s = parse_head(&scan);
	while (s != NULL && dn_char(&scan, ';'))
	{
		if (!dn_int(&scan, 0, s->dates * 4 - 1, &cell, "the number of an amount was expected"))
			break;
		if (!dn_char(&scan, ':'))
		{
			dn_fail(&scan, DN_SYNTAX, "a colon was expected");
			break;
		}
		if (!dn_scan_amount(&scan, &m, &dscale))
			break;
		dn_movement_trim(&m);
		units = m.units;
		s->dscale = Max(s->dscale, m.scale);
		if (!refine(s, m.scale) || !finer(&units, m.scale, s->scale))
		{
			dn_fail(&scan, DN_RANGE, "an amount is too large");
			break;
		}
		((DnWide8 *) state_tally(s))[cell] = units;
	}
	if (scan.err.code == DN_OK)
		dn_finish(&scan, "the end was expected");
	if (scan.err.code != DN_OK)
	{
		dunning_parse_error(escontext, STATE_TYPE, text, len, &scan.err);
		return (Datum) 0;
	}
	return PointerGetDatum(s);
}

DUNNING_STATE_TYPE(figures_state, parse_state, print_state);
