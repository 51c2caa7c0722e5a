/*
 * penalty/rates.c: rate histories as SQL values.
 */
#include "penalty/rates.h"

#include "core/days.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "number.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/rangetypes.h"

PG_FUNCTION_INFO_V1(dunning_rates);
PG_FUNCTION_INFO_V1(dunning_rate_on);
PG_FUNCTION_INFO_V1(dunning_rates_plus);
PG_FUNCTION_INFO_V1(dunning_rates_minus);
PG_FUNCTION_INFO_V1(dunning_rates_times);
PG_FUNCTION_INFO_V1(dunning_rates_sampled);
PG_FUNCTION_INFO_V1(dunning_rates_rounded_up);
PG_FUNCTION_INFO_V1(dunning_rates_greatest);
PG_FUNCTION_INFO_V1(dunning_rates_restricted);
PG_FUNCTION_INFO_V1(dunning_rates_first_day);
PG_FUNCTION_INFO_V1(dunning_rates_last_day);
PG_FUNCTION_INFO_V1(dunning_rates_series);

#define HISTORY_TYPE "rate_history"

/* The arrays follow the fixed part: rate (int64), from (int32), name. */
typedef struct StoredRates
{
	DunningValue head;
	uint8		name_len;
	uint8		shape;
	int32		n;
	int32		until;
	int64		rate[FLEXIBLE_ARRAY_MEMBER];
} StoredRates;

#define STORED_SIZE(n, name_len) \
	(offsetof(StoredRates, rate) + (Size) (n) * (sizeof(int64) + sizeof(int32)) + (name_len))

/* Points a core history at the bytes of a stored value, after checking them. */
void
dunning_read_rates(Datum datum, DnRates *r)
{
	StoredRates *v = (StoredRates *) PG_DETOAST_DATUM(datum);

	dunning_check_value(v, offsetof(StoredRates, rate), HISTORY_TYPE);
	if (v->n < 1 || v->n > DN_RATES_MAX || VARSIZE(v) != STORED_SIZE(v->n, v->name_len) ||
		!dn_rates_shape_valid(v->shape))
		dunning_bad_value(HISTORY_TYPE);
	r->n = v->n;
	r->until = v->until;
	r->shape = v->shape;
	r->rate = v->rate;
	r->from = (const int32 *) (v->rate + v->n);
	r->name = (const char *) (r->from + v->n);
	r->name_len = v->name_len;
}

Datum
dunning_store_rates(const DnRates *r)
{
	Size		size = STORED_SIZE(r->n, r->name_len);
	StoredRates *v = palloc0(size);
	int32	   *from;

	dn_assert(dn_rates_valid(r));
	SET_VARSIZE(v, size);
	v->head.version = DUNNING_VALUE_VERSION;
	v->name_len = (uint8) r->name_len;
	v->n = r->n;
	v->until = r->until;
	v->shape = r->shape;
	from = (int32 *) (v->rate + r->n);
	memcpy(v->rate, r->rate, r->n * sizeof(int64));
	memcpy(from, r->from, r->n * sizeof(int32));
	if (r->name_len > 0)
		memcpy(from + r->n, r->name, r->name_len);
	return PointerGetDatum(v);
}

static Datum
parse_history(const char *text, size_t len, struct Node *escontext)
{
	DnRatesRoom *room = palloc(sizeof(DnRatesRoom));
	DnRates		rates;
	DnError		err;

	if (!dn_parse_rates(text, len, room, &rates, &err))
	{
		dunning_parse_error(escontext, HISTORY_TYPE, text, len, &err);
		return (Datum) 0;
	}
	return dunning_store_rates(&rates);
}

static char *
history_text(Datum datum)
{
	DnRates		rates;

	dunning_read_rates(datum, &rates);
	return dunning_print(dn_print_rates, &rates);
}

DUNNING_VALUE_TYPE(rate_history, parse_history, history_text, NULL);

/* rates(history): setof (from_day, to_day, rate): to_day NULL if it has no end; no row of unknown days */
Datum
dunning_rates(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	DnRates		rates;
	const DnRates *r = &rates;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	dunning_read_rates(PG_GETARG_DATUM(0), &rates);
	for (i = 0; i < r->n; i++)
	{
		Datum		values[3];
		bool		nulls[3] = {false};
		int32		last = i + 1 < r->n ? r->from[i + 1] - 1 : r->until;

		if (r->rate[i] == DN_RATE_UNKNOWN)
			continue;
		values[0] = DateADTGetDatum(r->from[i]);
		values[1] = DateADTGetDatum(last);
		nulls[1] = last == DN_DAY_NEVER;
		values[2] = NumericGetDatum(dunning_short_numeric(r->rate[i], DN_RATE_SCALE));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* The day whose rate has to be stated: of a published series the one that counts for the period. */
static int32
wanted_day(const DnRates *r, int32 day)
{
	return r->name_len > 0 && day >= r->from[0] ? dn_rates_wanted(r, day) : day;
}

/*
 * What is missing, in one sentence: for the error and for penalty_problem().
 * "of" says whose rates they are.
 */
char *
dunning_no_rate_message(const DnRates *r, int32 day, const char *of)
{
	char	   *message = r->name_len > 0 ?
		psprintf("no rate of series \"%.*s\" for %s", (int) r->name_len, r->name, dunning_day_text(wanted_day(r, day))) :
		psprintf("no rate for %s", dunning_day_text(day));

	return day >= r->from[0] ? message :
		psprintf("%s: the %s begins on %s", message, of, dunning_day_text(r->from[0]));
}

void
dunning_no_rate(const DnRates *r, int32 day, const char *of)
{
	bool		early = day < r->from[0];

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg_internal("%s", dunning_no_rate_message(r, day, of)),
			 early ? errdetail("This day comes before the first rate.") :
			 r->name_len == 0 ? errdetail("It is the rate that applies on %s.", dunning_day_text(day)) :
			 errdetail("It is the rate that applies on %s. If dunning.reference_rate has it, the %s is older than that row: make it again.",
					   dunning_day_text(day), of),
			 r->name_len == 0 ?
			 errhint("Add the rate of that day to the %s; no rate is ever assumed.", of) :
			 early ?
			 errhint("A contract made before that day has an earlier law: give its day as on_day to dunning.law_rule(code => ..., on_day => ...). "
					 "Where the series itself begins later, insert its earlier rates into dunning.reference_rate.") :
			 errhint("Insert the rate as it was published, without a margin: "
					 "INSERT INTO dunning.reference_rate (series, effective_on, rate) VALUES ('%.*s', '%s', RATE).",
					 (int) r->name_len, r->name, dunning_day_text(wanted_day(r, day)))));
}

/* rate_on(history, day): the annual rate in percent; an error outside the history */
Datum
dunning_rate_on(PG_FUNCTION_ARGS)
{
	DateADT		day = PG_GETARG_DATEADT(1);
	DnRates		rates;
	int64		rate;

	dunning_read_rates(PG_GETARG_DATUM(0), &rates);
	if (!dn_rate_on(&rates, day, &rate))
		dunning_no_rate(&rates, day, "history");
	PG_RETURN_NUMERIC(dunning_short_numeric(rate, DN_RATE_SCALE));
}

/* A numeric operand in the units of a rate; an error if a rate could not be it. */
static int64
read_number(Datum number)
{
	char	   *text = dunning_number_text(DatumGetNumeric(number));
	DnScan		scan;
	int64		v;

	dn_scan_init(&scan, text, strlen(text));
	if (!dn_scan_rate(&scan, &v) || !dn_at_end(&scan))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("number out of range for an operation on type %s", HISTORY_TYPE),
				 errdetail("The number must be at most %d either way and have at most %d decimals.",
						   DN_RATE_MAX, DN_RATE_SCALE)));
	return v;
}

/*
 * Stores what an operation has made, or raises why it could not; the message
 * says what is wrong if there is no day for which the result would hold.
 */
static Datum
made(DnRatesStatus status, const DnRates *r, const char *no_day)
{
	switch (status)
	{
		case DN_RATES_OK:
			break;
		case DN_RATES_RANGE:
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("rate out of range for type %s", HISTORY_TYPE),
					 errdetail("A rate must be at most %d percent a year either way.", DN_RATE_MAX)));
			break;
		case DN_RATES_FINE:
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("product of a rate and the factor has more than %d decimals", DN_RATE_SCALE),
					 errdetail("A rate is exact; it is never rounded by a multiplication.")));
			break;
		case DN_RATES_FULL:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("a rate history has at most %d rates", DN_RATES_MAX),
					 errhint("Reduce the histories to the days that matter with dunning.restricted.")));
			break;
		case DN_RATES_NO_DAY:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg_internal("%s", no_day)));
			break;
		case DN_RATES_DATE:
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("date out of range for type %s", HISTORY_TYPE),
					 errdetail("A rate history begins and ends by %d-12-31, or has no end.", DN_YEAR_MAX)));
			break;
	}
	return dunning_store_rates(r);
}

/* history + number, history - number: of every rate */
Datum
dunning_rates_plus(PG_FUNCTION_ARGS)
{
	DnRatesRoom *room = palloc(sizeof(DnRatesRoom));
	DnRates		r,
				out;

	dunning_read_rates(PG_GETARG_DATUM(0), &r);
	return made(dn_rates_add(&r, read_number(PG_GETARG_DATUM(1)), room, &out), &out, NULL);
}

Datum
dunning_rates_minus(PG_FUNCTION_ARGS)
{
	DnRatesRoom *room = palloc(sizeof(DnRatesRoom));
	DnRates		r,
				out;

	dunning_read_rates(PG_GETARG_DATUM(0), &r);
	return made(dn_rates_add(&r, -read_number(PG_GETARG_DATUM(1)), room, &out), &out, NULL);
}

/* history * number: of every rate */
Datum
dunning_rates_times(PG_FUNCTION_ARGS)
{
	DnRatesRoom *room = palloc(sizeof(DnRatesRoom));
	DnRates		r,
				out;

	dunning_read_rates(PG_GETARG_DATUM(0), &r);
	return made(dn_rates_multiply(&r, read_number(PG_GETARG_DATUM(1)), room, &out), &out, NULL);
}

/* What the history does not know, for the error of a sample without a result. */
static char *
no_sample_message(const DnRates *r, const char *every, DnSampleDay which)
{
	const char *day = which == DN_SAMPLE_FIRST ? "first day of" : "day before";

	if (r->name_len > 0)
		return psprintf("series \"%.*s\" does not know the %s any %s",
						(int) r->name_len, r->name, day, every);
	return psprintf("rate history does not know the %s any %s", day, every);
}

/* sampled(history, every, on_day): each period with the rate of its sample day */
Datum
dunning_rates_sampled(PG_FUNCTION_ARGS)
{
	char	   *every;
	const char *on_day = PG_ARGISNULL(2) ? "first day" : text_to_cstring(PG_GETARG_TEXT_PP(2));
	DnRatesRoom *room = palloc(sizeof(DnRatesRoom));
	int			months;
	DnSampleDay which;
	DnRates		r,
				out;

	if (dunning_null_among(fcinfo, 2))
		PG_RETURN_NULL();
	every = text_to_cstring(PG_GETARG_TEXT_PP(1));
	if (!dn_sample_period(every, strlen(every), &months))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no period \"%s\"", every),
				 errhint("A period is half-year, year, quarter or month.")));
	if (!dn_sample_day(on_day, strlen(on_day), &which))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no sample day \"%s\"", on_day),
				 errhint("A sample is taken on the \"first day\" of a period or on the \"day before\" it.")));
	dunning_read_rates(PG_GETARG_DATUM(0), &r);
	return made(dn_rates_sample(&r, months, which, room, &out), &out,
				no_sample_message(&r, every, which));
}

/* rounded_up(history, step): every rate raised to a multiple of step */
Datum
dunning_rates_rounded_up(PG_FUNCTION_ARGS)
{
	DnRatesRoom *room = palloc(sizeof(DnRatesRoom));
	int64		step = read_number(PG_GETARG_DATUM(1));
	DnRates		r,
				out;

	if (step <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the step to round up to must be above zero")));
	dunning_read_rates(PG_GETARG_DATUM(0), &r);
	return made(dn_rates_round_up(&r, step, room, &out), &out, NULL);
}

/* greatest(history, history): the larger rate of each day that both know */
Datum
dunning_rates_greatest(PG_FUNCTION_ARGS)
{
	DnRatesRoom *room = palloc(sizeof(DnRatesRoom));
	DnRates		a,
				b,
				out;

	dunning_read_rates(PG_GETARG_DATUM(0), &a);
	dunning_read_rates(PG_GETARG_DATUM(1), &b);
	return made(dn_rates_greatest(&a, &b, room, &out), &out,
				"rate histories have no day in common");
}

/*
 * restricted(history, days): only those days.  A range of dates is stored with
 * its lower bound counted and its upper one not, except at the infinities.
 */
Datum
dunning_rates_restricted(PG_FUNCTION_ARGS)
{
	RangeType  *days = PG_GETARG_RANGE_P(1);
	DnRatesRoom *room = palloc(sizeof(DnRatesRoom));
	int32		first = DN_DAY_EVER;
	int32		last = DN_DAY_NEVER;
	RangeBound	lower,
				upper;
	bool		empty;
	DnRates		r,
				out;

	range_deserialize(range_get_typcache(fcinfo, RangeTypeGetOid(days)), days, &lower, &upper, &empty);
	if (!empty && !lower.infinite)
		first = DatumGetDateADT(lower.val);
	if (empty)
		last = DN_DAY_EVER;
	else if (!upper.infinite)
	{
		last = DatumGetDateADT(upper.val);
		if (dn_day_finite(last))
			last--;
	}
	dunning_read_rates(PG_GETARG_DATUM(0), &r);
	return made(dn_rates_restrict(&r, first, last, room, &out), &out,
				"rate history knows no day of the range");
}

/* first_day(history), last_day(history): what it knows; NULL without end */
Datum
dunning_rates_first_day(PG_FUNCTION_ARGS)
{
	DnRates		r;

	dunning_read_rates(PG_GETARG_DATUM(0), &r);
	PG_RETURN_DATEADT(r.from[0]);
}

Datum
dunning_rates_last_day(PG_FUNCTION_ARGS)
{
	DnRates		r;

	dunning_read_rates(PG_GETARG_DATUM(0), &r);
	if (r.until == DN_DAY_NEVER)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(r.until);
}

/* series(history): its name, or NULL */
Datum
dunning_rates_series(PG_FUNCTION_ARGS)
{
	DnRates		r;

	dunning_read_rates(PG_GETARG_DATUM(0), &r);
	if (r.name_len == 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(r.name, (int) r.name_len));
}
