/* core/rates.c: see rates.h */
#include "rates.h"

#include <string.h>

#include "days.h"

static const char *const rate_what =
	"an annual rate in percent was expected, at most " DN_STR(DN_RATE_MAX)
	" either way and with at most " DN_STR(DN_RATE_SCALE) " decimals";

/* A rate with or without its percent sign. */
bool
dn_scan_rate(DnScan *s, int64_t *rate)
{
	if (!dn_decimal(s, DN_RATE_SCALE, DN_RATE_MAX * DN_RATE_UNIT, rate, rate_what))
		return false;
	dn_char(s, '%');
	return true;
}

/* A percentage of an amount, with its sign. */
bool
dn_scan_percent(DnScan *s, int64_t *units)
{
	static const char *const what = "a percentage above 0, at most " DN_STR(DN_PERCENT_MAX)
		" and with at most " DN_STR(DN_RATE_SCALE) " decimals, was expected";
	const char *begin;

	dn_space(s);
	begin = s->p;
	if (!dn_decimal(s, DN_RATE_SCALE, DN_PERCENT_MAX * DN_RATE_UNIT, units, what))
		return false;
	if (*units <= 0)
		return dn_fail_at(s, begin, DN_RANGE, what);
	return dn_char(s, '%') || dn_fail(s, DN_SYNTAX, "\"%\" was expected");
}

/* The names of the periods, and their bits in a shape. */
static const struct
{
	const char *name;
	int			months;
	int			bits;
}			periods[] = {
	{"half-year", 6, 0}, {"year", 12, 12}, {"quarter", 3, 3}, {"month", 1, 1}
};

#define N_PERIODS ((int) (sizeof(periods) / sizeof(periods[0])))

/* half-year | year | quarter | month, then perhaps "of the day before" */
static bool
scan_by(DnScan *s, DnRates *r)
{
	static const char *const what = "\"half-year\", \"year\", \"quarter\" or \"month\" was expected";
	int			i;

	if (dn_keyword(s, "half"))
	{
		if (!dn_char(s, '-') || !dn_keyword(s, "year"))
			return dn_fail(s, DN_SYNTAX, what);
	}
	else
	{
		for (i = 1; i < N_PERIODS && !dn_keyword(s, periods[i].name); i++)
			;
		if (i == N_PERIODS)
			return dn_fail(s, DN_SYNTAX, what);
		r->shape |= periods[i].bits;
	}
	if (!dn_keyword(s, "of"))
		return true;
	r->shape |= DN_BY_DAY_BEFORE;
	return (dn_keyword(s, "the") && dn_keyword(s, "day") && dn_keyword(s, "before")) ||
		dn_fail(s, DN_SYNTAX, "\"of the day before\" was expected");
}

/* What holds of every history, read or made. */
bool
dn_rates_valid(const DnRates *r)
{
	const int64_t most = DN_RATE_MAX * DN_RATE_UNIT;
	bool		unknown = false;
	int32_t		i;

	if (r->n < 1 || r->n > DN_RATES_MAX || r->name_len > DN_SERIES_MAX || !dn_rates_shape_valid(r->shape) ||
		r->until < r->from[r->n - 1])
		return false;
	if (r->from[0] == DN_DAY_EVER ? r->n > 1 || r->until != DN_DAY_NEVER : r->from[0] < DN_LITERAL_FIRST)
		return false;
	for (i = 0; i < r->n; i++)
	{
		bool		known = r->rate[i] != DN_RATE_UNKNOWN;

		if (i > 0 && r->from[i] <= r->from[i - 1])
			return false;
		if (known ? r->rate[i] > most || r->rate[i] < -most :
			i == 0 || i == r->n - 1 || r->rate[i - 1] == DN_RATE_UNKNOWN)
			return false;
		unknown = unknown || !known;
	}
	return unknown == ((r->shape & DN_HAS_UNKNOWN) != 0) && r->from[r->n - 1] <= DN_LITERAL_LAST;
}

/* A rate, or that nobody knows it, which is for days between two rates. */
static bool
scan_step(DnScan *s, DnRatesRoom *room, DnRates *r)
{
	int			i = r->n;

	dn_space(s);
	if (!dn_keyword(s, "unknown"))
		return dn_scan_rate(s, &room->rate[i]);
	if (i == 0 || room->rate[i - 1] == DN_RATE_UNKNOWN)
		return dn_fail(s, DN_SYNTAX, "days that are unknown come between two rates");
	room->rate[i] = DN_RATE_UNKNOWN;
	r->shape |= DN_HAS_UNKNOWN;
	return true;
}

/*
 * [name] { day: rate | unknown, ... } [until day] [by period [of the day before]]
 *
 * The days ascend; without "until" the last rate has no end, which is for the
 * user to say of a contract, never for a series that is published.
 */
bool
dn_scan_rates(DnScan *s, DnRatesRoom *room, DnRates *r)
{
	DnWord		name = {NULL, 0};

	memset(r, 0, sizeof(*r));
	r->from = room->from;
	r->rate = room->rate;
	r->until = DN_DAY_NEVER;

	if (dn_word(s, &name) && name.len > DN_SERIES_MAX)
		return dn_fail_at(s, name.p, DN_LIMIT,
						  "the name of a series has at most " DN_STR(DN_SERIES_MAX) " bytes");
	r->name = name.p;
	r->name_len = name.len;

	if (!dn_char(s, '{'))
		return dn_fail(s, DN_SYNTAX, "\"{\" and the dated rates were expected");
	do
	{
		const char *begin;
		int			i = r->n;

		dn_space(s);
		begin = s->p;
		if (i == DN_RATES_MAX)
			return dn_fail(s, DN_LIMIT, "a rate history has at most " DN_STR(DN_RATES_MAX) " rates");
		if (!dn_date(s, &room->from[i]))
			return false;
		if (i > 0 && room->from[i] <= room->from[i - 1])
			return dn_fail_at(s, begin, DN_SYNTAX, "the days of the rates must ascend");
		if (!dn_char(s, ':'))
			return dn_fail(s, DN_SYNTAX, "\":\" and a rate were expected");
		if (!scan_step(s, room, r))
			return false;
		r->n++;
	} while (dn_char(s, ','));
	if (room->rate[r->n - 1] == DN_RATE_UNKNOWN)
		return dn_fail(s, DN_SYNTAX, "\",\" and a rate were expected after days that are unknown");
	if (!dn_char(s, '}'))
		return dn_fail(s, DN_SYNTAX, "\",\" or \"}\" was expected");

	if (dn_keyword(s, "until"))
	{
		const char *begin;

		dn_space(s);
		begin = s->p;
		if (!dn_date(s, &r->until))
			return false;
		if (r->until < room->from[r->n - 1])
			return dn_fail_at(s, begin, DN_SYNTAX, "a history cannot end before its last rate begins");
	}
	if (dn_keyword(s, "by") && !scan_by(s, r))
		return false;
	dn_assert(dn_rates_valid(r));
	return true;
}

bool
dn_parse_rates(const char *text, size_t len, DnRatesRoom *room,
			   DnRates *rates, DnError *err)
{
	DnScan		s;

	dn_scan_init(&s, text, len);
	if (dn_scan_rates(&s, room, rates) &&
		dn_finish(&s, "\"until\" and a day, or the end, was expected"))
		return true;
	*err = s.err;
	return false;
}

void
dn_print_rates(DnOut *out, const void *value)
{
	const DnRates *r = value;
	int			i;

	if (r->from[0] == DN_DAY_EVER)
	{
		dn_put_decimal(out, r->rate[0], DN_RATE_SCALE, 2);
		dn_put(out, "%");
		return;
	}
	if (r->name_len > 0)
	{
		dn_put_bytes(out, r->name, r->name_len);
		dn_put(out, " ");
	}
	for (i = 0; i < r->n; i++)
	{
		dn_put(out, i == 0 ? "{" : ", ");
		dn_put_date(out, r->from[i]);
		dn_put(out, ": ");
		if (r->rate[i] == DN_RATE_UNKNOWN)
			dn_put(out, "unknown");
		else
			dn_put_decimal(out, r->rate[i], DN_RATE_SCALE, 2);
	}
	dn_put(out, "}");
	if (r->until != DN_DAY_NEVER)
	{
		dn_put(out, " until ");
		dn_put_date(out, r->until);
	}
	if (r->shape & (DN_BY_MONTHS | DN_BY_DAY_BEFORE))
	{
		dn_put(out, " by ");
		for (i = 0; i < N_PERIODS; i++)
			if ((r->shape & DN_BY_MONTHS) == periods[i].bits)
				dn_put(out, periods[i].name);
		if (r->shape & DN_BY_DAY_BEFORE)
			dn_put(out, " of the day before");
	}
}

/* False for a stored shape gone wrong. */
bool
dn_rates_shape_valid(int shape)
{
	int			i;

	for (i = 0; i < N_PERIODS; i++)
		if ((shape & ~(DN_BY_DAY_BEFORE | DN_HAS_UNKNOWN)) == periods[i].bits)
			return true;
	return false;
}

/*
 * The day of the series whose rate has to be stated for a day that the history
 * does not know: the one that counts for the period of that day, or the first
 * day of the period that is not known.
 */
int32_t
dn_rates_wanted(const DnRates *r, int32_t day)
{
	int			months = r->shape & DN_BY_MONTHS ? r->shape & DN_BY_MONTHS : 6;
	int32_t		start = day;
	int32_t		gap = DN_DAY_EVER;
	int32_t		year;
	int			month,
				dom;

	dn_civil(day, &year, &month, &dom);
	dn_day_from_civil(year, (month - 1) / months * months + 1, 1, &start);
	if (r->shape & DN_BY_DAY_BEFORE)
		return start - 1;
	if (day > r->until)
		gap = r->until + 1;
	else if (day >= r->from[0])
		gap = r->from[dn_rates_step(r, day)];
	return gap > start ? gap : start;
}

/* The rate of one day; false if the history does not know it. */
bool
dn_rate_on(const DnRates *r, int32_t day, int64_t *rate)
{
	if (day < r->from[0] || day > r->until)
		return false;
	*rate = r->rate[dn_rates_step(r, day)];
	return *rate != DN_RATE_UNKNOWN;
}

/*
 * Whether all of the days after + 1 ... upto have a rate, both finite and after
 * before upto; if not, *missing is the first one that has none.
 */
bool
dn_rates_cover(const DnRates *r, int32_t after, int32_t upto, int32_t *missing)
{
	int64_t		first = (int64_t) after + 1;

	if (first < r->from[0])
	{
		*missing = (int32_t) first;
		return false;
	}
	if (first > r->until)
	{
		*missing = (int32_t) first;
		return false;
	}
	if (r->shape & DN_HAS_UNKNOWN)
	{
		int			i;

		for (i = dn_rates_step(r, (int32_t) first); i < r->n && r->from[i] <= upto; i++)
			if (r->rate[i] == DN_RATE_UNKNOWN)
			{
				*missing = first > r->from[i] ? (int32_t) first : r->from[i];
				return false;
			}
	}
	if (upto > r->until)
	{
		*missing = r->until + 1;
		return false;
	}
	return true;
}

/* Begins a history in a room, with the series and the end of another. */
static void
begin(const DnRates *like, DnRatesRoom *room, DnRates *out)
{
	*out = *like;
	out->shape &= ~DN_HAS_UNKNOWN;
	out->n = 0;
	out->from = room->from;
	out->rate = room->rate;
}

/* Appends a rate from a day on, unless it is the one that holds already. */
static DnRatesStatus
append(DnRatesRoom *room, DnRates *out, int32_t from, int64_t rate)
{
	bool		known = rate != DN_RATE_UNKNOWN;

	if (known && (rate > DN_RATE_MAX * DN_RATE_UNIT || rate < -DN_RATE_MAX * DN_RATE_UNIT))
		return DN_RATES_RANGE;
	if (out->n > 0 ? room->rate[out->n - 1] == rate : !known)
		return DN_RATES_OK;
	if (out->n == DN_RATES_MAX)
		return DN_RATES_FULL;
	room->from[out->n] = from;
	room->rate[out->n] = rate;
	if (!known)
		out->shape |= DN_HAS_UNKNOWN;
	out->n++;
	return DN_RATES_OK;
}

/* Ends a history with its last known rate. */
static DnRatesStatus
finish(DnRates *out)
{
	int			i;

	if (out->n > 0 && out->rate[out->n - 1] == DN_RATE_UNKNOWN)
	{
		out->n--;
		out->until = out->from[out->n] - 1;
		out->shape &= ~DN_HAS_UNKNOWN;
		for (i = 0; i < out->n; i++)
			if (out->rate[i] == DN_RATE_UNKNOWN)
				out->shape |= DN_HAS_UNKNOWN;
	}
	if (out->n == 0)
		return DN_RATES_NO_DAY;
	dn_assert(dn_rates_valid(out));
	return DN_RATES_OK;
}

/* Every rate plus an addend, which is a rate itself and may be negative. */
DnRatesStatus
dn_rates_add(const DnRates *r, int64_t addend, DnRatesRoom *room, DnRates *out)
{
	DnRatesStatus status = DN_RATES_OK;
	int			i;

	begin(r, room, out);
	for (i = 0; i < r->n && status == DN_RATES_OK; i++)
		status = append(room, out, r->from[i], r->rate[i] == DN_RATE_UNKNOWN ? DN_RATE_UNKNOWN : r->rate[i] + addend);
	dn_assert(status != DN_RATES_OK || dn_rates_valid(out));
	return status;
}

/*
 * Every rate times a factor of 10^-6 units, at most DN_RATE_MAX whole ones
 * either way, so that a product fits.  A product is exact or refused.
 */
DnRatesStatus
dn_rates_multiply(const DnRates *r, int64_t factor, DnRatesRoom *room, DnRates *out)
{
	DnRatesStatus status = DN_RATES_OK;
	int			i;

	begin(r, room, out);
	for (i = 0; i < r->n && status == DN_RATES_OK; i++)
	{
		bool		known = r->rate[i] != DN_RATE_UNKNOWN;
		int64_t		product = known ? r->rate[i] * factor : 0;

		if (product % DN_RATE_UNIT != 0)
			return DN_RATES_FINE;
		status = append(room, out, r->from[i], known ? product / DN_RATE_UNIT : DN_RATE_UNKNOWN);
	}
	dn_assert(status != DN_RATES_OK || dn_rates_valid(out));
	return status;
}

/* Every rate raised to a multiple of step, which is above zero; a multiple stays. */
DnRatesStatus
dn_rates_round_up(const DnRates *r, int64_t step, DnRatesRoom *room, DnRates *out)
{
	DnRatesStatus status = DN_RATES_OK;
	int			i;

	begin(r, room, out);
	for (i = 0; i < r->n && status == DN_RATES_OK; i++)
	{
		/* C divides towards zero, which is upwards for a negative rate */
		int64_t		steps = r->rate[i] / step + (r->rate[i] % step > 0 ? 1 : 0);

		status = append(room, out, r->from[i], r->rate[i] == DN_RATE_UNKNOWN ? DN_RATE_UNKNOWN : steps * step);
	}
	dn_assert(status != DN_RATES_OK || dn_rates_valid(out));
	return status;
}

/* The length in months of a named period; false if there is none of that name. */
bool
dn_sample_period(const char *text, size_t len, int *months)
{
	DnWord		w = {text, len};
	int			i;

	for (i = 0; i < N_PERIODS; i++)
		if (dn_is(w, periods[i].name))
		{
			*months = periods[i].months;
			return true;
		}
	return false;
}

bool
dn_sample_day(const char *text, size_t len, DnSampleDay *which)
{
	DnWord		w = {text, len};

	*which = dn_is(w, "day before") ? DN_SAMPLE_BEFORE : DN_SAMPLE_FIRST;
	return *which == DN_SAMPLE_BEFORE || dn_is(w, "first day");
}

/*
 * The first day of the first period that begins on a day or after it; false
 * if that would be after the years that a literal can say.
 */
static bool
period_from(int32_t day, int months, int32_t *start)
{
	int32_t		year;
	int			month,
				dom;

	dn_civil(day, &year, &month, &dom);
	if (dom > 1 || (month - 1) % months != 0)
		month = ((month - 1) / months + 1) * months + 1;
	return dn_day_from_civil(month > 12 ? (int64_t) year + 1 : year, month > 12 ? 1 : month, 1, start);
}

/*
 * The rate of each period of 1, 3, 6 or 12 months, counted from January, is
 * the one of its sample day.  The result begins with the first period whose
 * sample day is known and ends with the last one, as a whole.
 */
DnRatesStatus
dn_rates_sample(const DnRates *r, int months, DnSampleDay which,
				DnRatesRoom *room, DnRates *out)
{
	const int	ahead = (int) which;	/* days from a sample to its period */
	bool		endless = r->until == DN_DAY_NEVER;
	int32_t		start;
	int			i;

	begin(r, room, out);
	out->shape = (months == 6 ? 0 : months) | (which == DN_SAMPLE_BEFORE ? DN_BY_DAY_BEFORE : 0);
	for (i = 0; i < r->n; i++)
	{
		int32_t		last = i + 1 < r->n ? r->from[i + 1] - 1 : r->until;
		DnRatesStatus status;

		/* a rate counts if it still holds on the first sample day after its start */
		if (!period_from(r->from[i] + ahead, months, &start))
			endless = false;
		else if (start - ahead <= last)
		{
			status = append(room, out, start, r->rate[i]);
			if (status != DN_RATES_OK)
				return status;
		}
	}
	if (out->n == 0)
		return DN_RATES_NO_DAY;
	if (endless)
		return finish(out);
	if (r->until != DN_DAY_NEVER && period_from(r->until + ahead + 1, months, &start))
		out->until = start - 1;
	else
		out->until = DN_LITERAL_LAST;
	return finish(out);
}

/*
 * The larger rate of each day that both know.  The result has the name of the
 * history that ends first, which is the one to extend, or else of the first.
 */
DnRatesStatus
dn_rates_greatest(const DnRates *a, const DnRates *b, DnRatesRoom *room, DnRates *out)
{
	int32_t		day = a->from[0] > b->from[0] ? a->from[0] : b->from[0];
	int			i,
				k;

	begin(b->until < a->until ? b : a, room, out);
	if (day > out->until)
		return DN_RATES_NO_DAY;
	i = dn_rates_step(a, day);
	k = dn_rates_step(b, day);
	for (;;)
	{
		int32_t		next_a = i + 1 < a->n ? a->from[i + 1] : DN_DAY_NEVER;
		int32_t		next_b = k + 1 < b->n ? b->from[k + 1] : DN_DAY_NEVER;
		DnRatesStatus status;

		status = append(room, out, day, a->rate[i] == DN_RATE_UNKNOWN || b->rate[k] == DN_RATE_UNKNOWN ?
						DN_RATE_UNKNOWN : a->rate[i] > b->rate[k] ? a->rate[i] : b->rate[k]);
		if (status != DN_RATES_OK)
			return status;
		day = next_a < next_b ? next_a : next_b;
		if (day == DN_DAY_NEVER || day > out->until)
			return finish(out);
		i += next_a == day;
		k += next_b == day;
	}
}

/*
 * Only the days first to last, both counted; DN_DAY_EVER and DN_DAY_NEVER keep
 * the history's own ends.
 */
DnRatesStatus
dn_rates_restrict(const DnRates *r, int32_t first, int32_t last,
				  DnRatesRoom *room, DnRates *out)
{
	DnRatesStatus status;
	int			i;

	begin(r, room, out);
	if (first < r->from[0])
		first = r->from[0];
	if (last > r->until)
		last = r->until;
	if (first > last || first == DN_DAY_NEVER)
		return DN_RATES_NO_DAY;

	/* a history without end knows days that no literal can say */
	if (first > DN_LITERAL_LAST || (last > DN_LITERAL_LAST && last != DN_DAY_NEVER))
		return DN_RATES_DATE;

	i = dn_rates_step(r, first);
	status = append(room, out, first, r->rate[i]);
	for (i++; i < r->n && r->from[i] <= last && status == DN_RATES_OK; i++)
		status = append(room, out, r->from[i], r->rate[i]);
	out->until = last;
	return status == DN_RATES_OK ? finish(out) : status;
}
