/*
 * penalty/rates.c: rate histories as SQL values.
 */
#include "penalty/rates.h"

#include "core/days.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "money.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"

PG_FUNCTION_INFO_V1(dunning_rate_history_in);
PG_FUNCTION_INFO_V1(dunning_rate_history_out);
PG_FUNCTION_INFO_V1(dunning_rate_history_recv);
PG_FUNCTION_INFO_V1(dunning_rate_history_send);
PG_FUNCTION_INFO_V1(dunning_rates);
PG_FUNCTION_INFO_V1(dunning_rate_on);

#define HISTORY_TYPE "rate_history"

/* The arrays follow the fixed part: rate (int64), from (int32), name. */
typedef struct StoredRates
{
	DunningValue head;
	uint8		name_len;
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
	if (v->n < 1 || v->n > DN_RATES_MAX || VARSIZE(v) != STORED_SIZE(v->n, v->name_len))
		dunning_bad_value(HISTORY_TYPE);
	r->n = v->n;
	r->until = v->until;
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

	SET_VARSIZE(v, size);
	v->head.version = DUNNING_VALUE_VERSION;
	v->name_len = (uint8) r->name_len;
	v->n = r->n;
	v->until = r->until;
	from = (int32 *) (v->rate + r->n);
	memcpy(v->rate, r->rate, r->n * sizeof(int64));
	memcpy(from, r->from, r->n * sizeof(int32));
	if (r->name_len > 0)
		memcpy(from + r->n, r->name, r->name_len);
	return PointerGetDatum(v);
}

/* The one way in, for text and binary input. */
static Datum
parse_history(FunctionCallInfo fcinfo, const char *text, size_t len)
{
	DnRatesRoom *room = palloc(sizeof(DnRatesRoom));
	DnRates		rates;
	DnError		err;

	if (!dn_parse_rates(text, len, room, &rates, &err))
	{
		dunning_parse_error(fcinfo->context, HISTORY_TYPE, text, len, &err);
		PG_RETURN_NULL();
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

Datum
dunning_rate_history_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);

	return parse_history(fcinfo, text, strlen(text));
}

Datum
dunning_rate_history_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(history_text(PG_GETARG_DATUM(0)));
}

Datum
dunning_rate_history_recv(PG_FUNCTION_ARGS)
{
	int			len;
	char	   *text = dunning_recv_text((StringInfo) PG_GETARG_POINTER(0), HISTORY_TYPE, &len);

	return parse_history(fcinfo, text, len);
}

Datum
dunning_rate_history_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(dunning_send_text(history_text(PG_GETARG_DATUM(0))));
}

/* rates(history): setof (from_day, to_day, rate): to_day NULL if it has no end */
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

		values[0] = DateADTGetDatum(r->from[i]);
		values[1] = DateADTGetDatum(last);
		nulls[1] = last == DN_DAY_NEVER;
		values[2] = NumericGetDatum(dunning_short_numeric(r->rate[i], DN_RATE_SCALE));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* What is missing, in one sentence: for the error and for penalty_problem(). */
char *
dunning_no_rate_message(const DnRates *r, int32 day)
{
	struct pg_tm tm;
	char		buf[MAXDATELEN + 1];

	j2date(day + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	EncodeDateOnly(&tm, USE_ISO_DATES, buf);
	if (r->name_len > 0)
		return psprintf("no rate of series \"%.*s\" for %s",
						(int) r->name_len, r->name, buf);
	return psprintf("no rate for %s", buf);
}

void
dunning_no_rate(const DnRates *r, int32 day)
{
	int			year,
				month,
				dom;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &dom);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg_internal("%s", dunning_no_rate_message(r, day)),
			 day < r->from[0] ?
			 errdetail("This day of the half-year %d-S%d comes before the first rate.",
					   year, month <= 6 ? 1 : 2) :
			 errdetail("This day of the half-year %d-S%d comes after the last one for which the rate is known.",
					   year, month <= 6 ? 1 : 2),
			 errhint("Add the rate of that half-year; no rate is ever assumed.")));
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
		dunning_no_rate(&rates, day);
	PG_RETURN_NUMERIC(dunning_short_numeric(rate, DN_RATE_SCALE));
}
