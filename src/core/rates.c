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

/*
 * [name] { day: rate, ... } [until day]
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
		if (!dn_scan_rate(s, &room->rate[i]))
			return false;
		r->n++;
	} while (dn_char(s, ','));
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
		dn_put_decimal(out, r->rate[i], DN_RATE_SCALE, 2);
	}
	dn_put(out, "}");
	if (r->until != DN_DAY_NEVER)
	{
		dn_put(out, " until ");
		dn_put_date(out, r->until);
	}
}

/* The step that holds on a day which is not before from[0]. */
int
dn_rates_step(const DnRates *r, int32_t day)
{
	int			low = 0;
	int			high = r->n - 1;

	while (low < high)
	{
		int			mid = (low + high + 1) / 2;

		if (r->from[mid] <= day)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

/* The rate of one day; false if the history does not know it. */
bool
dn_rate_on(const DnRates *r, int32_t day, int64_t *rate)
{
	if (day < r->from[0] || day > r->until)
		return false;
	*rate = r->rate[dn_rates_step(r, day)];
	return true;
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
	if (upto > r->until)
	{
		*missing = first > r->until ? (int32_t) first : r->until + 1;
		return false;
	}
	return true;
}
