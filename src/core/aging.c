/* core/aging.c: see aging.h */
#include "aging.h"

#include <stdlib.h>
#include <string.h>

#include "days.h"
#include "invariant.h"

static const DnAgingEdge today = {DN_AGING_DAYS, 0, 0, 0};
static const DnAgingEdge yesterday = {DN_AGING_DAYS, 0, 0, -1};

/* The label lengths, and behind them the labels. */
static const unsigned char *
lengths(const DnAging *a)
{
	return (const unsigned char *) (a->edge + a->count - 1);
}

static bool
same_edge(const DnAgingEdge *a, const DnAgingEdge *b)
{
	return a->unit == b->unit && a->months == b->months && a->days == b->days;
}

/* "30", "1 month", "2 rolling months - 1 day" */
static void
put_edge(DnOut *out, const DnAgingEdge *e)
{
	if (e->unit == DN_AGING_DAYS)
	{
		dn_put_int(out, e->days);
		return;
	}
	dn_put_int(out, e->months);
	dn_put(out, e->unit == DN_AGING_MONTHS ? " " : e->unit == DN_AGING_ROLLING ? " rolling " : " calendar ");
	dn_put(out, e->months == 1 || e->months == -1 ? "month" : "months");
	if (e->days == 0)
		return;
	dn_put(out, e->days > 0 ? " + " : " - ");
	dn_put_int(out, abs(e->days));
	dn_put(out, abs(e->days) == 1 ? " day" : " days");
}

/* The label of a bucket of which an edge is not in days: "up to 2 months", "over 30 days" */
static void
put_edge_label(DnOut *out, const char *words, const DnAgingEdge *e)
{
	dn_put(out, words);
	put_edge(out, e);
	if (e->unit == DN_AGING_DAYS)
		dn_put(out, abs(e->days) == 1 ? " day" : " days");
}

/* The label that the range of a bucket has if none is given. */
static void
put_default_label(DnOut *out, const DnAgingEdge *edge, int count, int bucket)
{
	bool		below = bucket == 0;
	bool		above = bucket == count - 1;
	int64_t		from;
	int64_t		to;

	if (below && above)
	{
		dn_put(out, "all");
		return;
	}
	if (!above && (edge[bucket].unit != DN_AGING_DAYS || (!below && edge[bucket - 1].unit != DN_AGING_DAYS)))
	{
		put_edge_label(out, "up to ", &edge[bucket]);
		return;
	}
	if (above && edge[bucket - 1].unit != DN_AGING_DAYS)
	{
		put_edge_label(out, "over ", &edge[bucket - 1]);
		return;
	}

	from = below ? 0 : (int64_t) edge[bucket - 1].days + 1;
	to = above ? 0 : edge[bucket].days;
	if (below && to == 0)
		dn_put(out, "not due");
	else if (below)
	{
		dn_put(out, "up to ");
		dn_put_int(out, to);
	}
	else if (above)
	{
		if (from <= 0)
			dn_put(out, "from ");
		dn_put_int(out, from);
		if (from > 0)
			dn_put(out, "+");
	}
	else
	{
		dn_put_int(out, from);
		if (from != to)
		{
			dn_put(out, from > 0 ? "-" : " to ");
			dn_put_int(out, to);
		}
	}
}

/* Appends the label of a bucket that the scheme has. */
void
dn_aging_put_label(DnOut *out, const DnAging *a, int bucket)
{
	const unsigned char *len = lengths(a);
	const char *label = (const char *) (len + a->count);
	int			i;

	for (i = 0; i < bucket; i++)
		label += len[i];
	if (len[bucket] > 0)
		dn_put_bytes(out, label, len[bucket]);
	else
		put_default_label(out, a->edge, a->count, bucket);
}

/* What a scheme takes apart from its labels. */
static size_t
bare_size(int count)
{
	return sizeof(int32_t) + sizeof(DnAgingEdge) * (size_t) (count - 1) + (size_t) count;
}

size_t
dn_aging_size(const DnAging *a)
{
	const unsigned char *len = lengths(a);
	size_t		size = bare_size(a->count);
	int			i;

	for (i = 0; i < a->count; i++)
		size += len[i];
	return size;
}

/*
 * The fewest and the most days that n months, either way, can take, with a day
 * or two to spare.
 */
static void
span(int n, int *least, int *most)
{
	int			days = abs(n) * 30 + abs(n) * 437 / 1000;
	int			low = n == 0 ? 0 : days - 5;
	int			high = n == 0 ? 0 : days + 5;

	*least = n < 0 ? -high : low;
	*most = n < 0 ? -low : high;
}

/* The fewest and the most days that an edge lies back. */
static void
reach(const DnAgingEdge *e, int *least, int *most)
{
	span(e->unit == DN_AGING_CALENDAR ? e->months - 1 : e->months, least, most);
	if (e->unit == DN_AGING_CALENDAR)
		*most += 30;
	*least += e->days;
	*most += e->days;
}

/*
 * Whether an edge lies further back than another on every day; months of one
 * kind are at least 28 days apart.  The first day of a month may be the day
 * asked for itself, and the range between the two is empty then.
 */
static bool
further(const DnAgingEdge *e, const DnAgingEdge *than)
{
	int			least,
				most,
				unused;

	if (e->unit == than->unit)
		return e->months < than->months ? false :
			e->days - than->days + 28 * (e->months - than->months) > 0;
	reach(than, &unused, &most);
	reach(e, &least, &unused);
	return least >= most;
}

static bool
edge_valid(const DnAgingEdge *e)
{
	if (e->zero != 0)
		return false;
	if (e->unit == DN_AGING_DAYS)
		return e->months == 0 && e->days >= -DN_AGING_MAX_DAY && e->days <= DN_AGING_MAX_DAY;
	return e->unit <= DN_AGING_CALENDAR &&
		e->months >= (e->unit == DN_AGING_ROLLING ? 1 : -DN_AGING_MAX_MONTH) &&
		e->months <= DN_AGING_MAX_MONTH && (e->months != 0 || e->unit == DN_AGING_CALENDAR) &&
		e->days >= -DN_AGING_MAX_SHIFT && e->days <= DN_AGING_MAX_SHIFT;
}

/* Whether these bytes, aligned for an int32, are a scheme and nothing more. */
bool
dn_aging_valid(const DnAging *a, size_t size)
{
	const unsigned char *len;
	int			i;

	if (size < sizeof(int32_t) || a->count < 1 || a->count > DN_AGING_MAX_BUCKETS ||
		size < bare_size(a->count))
		return false;
	for (i = 0; i < a->count - 1; i++)
		if (!edge_valid(&a->edge[i]) || (i > 0 && !further(&a->edge[i], &a->edge[i - 1])))
			return false;
	len = lengths(a);
	for (i = 0; i < a->count; i++)
		if (len[i] > DN_AGING_MAX_LABEL)
			return false;
	return dn_aging_size(a) == size;
}

/* A day of the month that lies months away, or its last one, which is then *clamped. */
static int64_t
move_months(int32_t day, int months, int dom, int *clamped)
{
	int32_t		year;
	int			month,
				unused,
				length;

	dn_civil(day, &year, &month, &unused);
	dn_go_months(&year, &month, months);
	length = dn_month_length(year, month);
	*clamped = dom < length ? dom : length;
	return dn_civil_day(year, month, *clamped);
}

/* The first due day that an edge covers, as of a finite day. */
static int64_t
edge_from(const DnAgingEdge *e, int32_t as_of)
{
	int32_t		anchor = as_of + (e->unit == DN_AGING_ROLLING ? 1 : 0);
	int32_t		year;
	int			month,
				dom,
				i;
	int64_t		day = anchor;

	dn_civil(anchor, &year, &month, &dom);
	if (e->unit == DN_AGING_MONTHS)
		day = move_months(anchor, -e->months, dom, &dom);
	else if (e->unit == DN_AGING_CALENDAR)
		day = move_months(anchor, 1 - e->months, 1, &dom);
	else if (e->unit == DN_AGING_ROLLING)
		for (i = 1; i <= e->months; i++)
			day = move_months(anchor, -i, dom, &dom);
	return day - e->days;
}

/*
 * The scheme on a day.  Beside an infinite day a month is as good as any
 * number of days.
 */
void
dn_aging_cut(const DnAging *a, int32_t as_of, DnAgingCut *cut)
{
	int			i;

	cut->edges = a->count - 1;
	for (i = 0; i < cut->edges; i++)
	{
		const DnAgingEdge *e = &a->edge[i];

		if (e->unit == DN_AGING_DAYS)
			cut->from[i] = (int64_t) as_of - e->days;
		else if (dn_day_finite(as_of))
			cut->from[i] = edge_from(e, as_of);
		else
			cut->from[i] = (int64_t) as_of - 31 * (e->unit == DN_AGING_CALENDAR ? e->months - 1 : e->months) - e->days;
		if (i > 0 && cut->from[i] > cut->from[i - 1])
			cut->from[i] = cut->from[i - 1];
	}
}

/* The first day, infinite ones among them, from a wide one on; false if there is none. */
static bool
day_from(int64_t wide, int32_t *day)
{
	if (wide > DN_DAY_NEVER)
		return false;
	*day = wide > DN_DAY_LAST ? DN_DAY_NEVER :
		wide <= DN_DAY_EVER ? DN_DAY_EVER :
		wide < DN_DAY_FIRST ? DN_DAY_FIRST : (int32_t) wide;
	return true;
}

/*
 * The first and the last due day of a bucket, both of it; an open side is an
 * infinity.  False if the bucket has no day at all, or the scheme no such bucket.
 */
bool
dn_aging_range(const DnAgingCut *cut, int64_t bucket, int32_t *from, int32_t *to)
{
	int32_t		above;

	*from = DN_DAY_EVER;
	*to = DN_DAY_NEVER;
	if (bucket < 0 || bucket > cut->edges)
		return false;
	if (bucket < cut->edges && !day_from(cut->from[bucket], from))
		return false;
	if (bucket > 0 && day_from(cut->from[bucket - 1], &above))
	{
		if (above == DN_DAY_EVER)
			return false;
		*to = above == DN_DAY_NEVER ? DN_DAY_LAST :
			above == DN_DAY_FIRST ? DN_DAY_EVER : above - 1;
	}
	return *from <= *to;
}

/* What a parser collects before the number of buckets is known. */
typedef struct Draft
{
	int			count;
	DnAgingEdge edge[DN_AGING_MAX_BUCKETS];
	size_t		len[DN_AGING_MAX_BUCKETS];
	char		label[DN_AGING_MAX_BUCKETS][DN_AGING_MAX_LABEL];
} Draft;

static const char *const too_many =
	"a scheme has at most " DN_STR(DN_AGING_MAX_BUCKETS) " buckets";
static const char *const further_back =
	"each edge must lie further back than the one before, whatever the month";

static bool
peek_dots(DnScan *s)
{
	return dn_peek(s, '.') && s->p + 1 < s->end && s->p[1] == '.';
}

static bool
dots(DnScan *s)
{
	if (!peek_dots(s))
		return false;
	s->p += 2;
	return true;
}

/* Whether a number seems to follow. */
static bool
peek_number(DnScan *s)
{
	dn_space(s);
	return s->p < s->end &&
		((*s->p >= '0' && *s->p <= '9') || *s->p == '-' || *s->p == '+');
}

static bool
day_word(DnScan *s)
{
	return dn_keyword(s, "days") || dn_keyword(s, "day") || dn_keyword(s, "d");
}

static bool
month_word(DnScan *s)
{
	return dn_keyword(s, "months") || dn_keyword(s, "month") || dn_keyword(s, "m");
}

/* The unit behind a number of months; DAYS and nothing taken if it is not of months. */
static bool
parse_unit(DnScan *s, DnAgingUnit *unit)
{
	*unit = DN_AGING_DAYS;
	if (dn_keyword(s, "calendar"))
		*unit = DN_AGING_CALENDAR;
	else if (dn_keyword(s, "rolling"))
		*unit = DN_AGING_ROLLING;
	else
	{
		if (month_word(s))
			*unit = DN_AGING_MONTHS;
		return true;
	}
	return month_word(s) || dn_fail(s, DN_SYNTAX, "\"months\" was expected");
}

/* The days by which an edge in months lies nearer or further; none is none. */
static bool
parse_shift(DnScan *s, int32_t *days)
{
	bool		nearer = dn_peek(s, '-');

	*days = 0;
	if (!nearer && !dn_peek(s, '+'))
		return true;
	s->p++;
	if (!dn_int(s, 0, DN_AGING_MAX_SHIFT, days,
				"a number of days up to " DN_STR(DN_AGING_MAX_SHIFT) " was expected"))
		return false;
	if (nearer)
		*days = -*days;
	return day_word(s) || dn_fail(s, DN_SYNTAX, "\"days\" was expected");
}

/*
 * An edge of which the number has been read.  Its bounds are those of ranges,
 * or of a list, where it lies at least a day or a month back.
 */
static bool
parse_edge(DnScan *s, const char *at, int32_t n, bool list, DnAgingEdge *e)
{
	DnAgingUnit unit;
	int			least;

	if (!parse_unit(s, &unit))
		return false;
	memset(e, 0, sizeof(*e));
	e->unit = (uint8_t) unit;
	if (unit == DN_AGING_DAYS)
	{
		(void) day_word(s);
		e->days = n;
		if (n < (list ? 1 : -DN_AGING_MAX_DAY) || n > DN_AGING_MAX_DAY)
			return dn_fail_at(s, at, DN_RANGE,
							  list ? "a number of days from 1 to " DN_STR(DN_AGING_MAX_DAY) " was expected"
							  : "a number of days from -" DN_STR(DN_AGING_MAX_DAY)
							  " to " DN_STR(DN_AGING_MAX_DAY) " was expected");
		return true;
	}
	least = list || unit == DN_AGING_ROLLING ? 1 : -DN_AGING_MAX_MONTH;
	if (n < least || n > DN_AGING_MAX_MONTH || (n == 0 && unit == DN_AGING_MONTHS))
		return dn_fail_at(s, at, DN_RANGE,
						  least == 1 ? "a number of months from 1 to " DN_STR(DN_AGING_MAX_MONTH) " was expected"
						  : "a number of months from -" DN_STR(DN_AGING_MAX_MONTH)
						  " to " DN_STR(DN_AGING_MAX_MONTH) ", not 0, was expected");
	e->months = (int16_t) n;
	return parse_shift(s, &e->days);
}

static bool
both_days(const DnAgingEdge *a, const DnAgingEdge *b)
{
	return a->unit == DN_AGING_DAYS && b->unit == DN_AGING_DAYS;
}

static void
set_label(Draft *d, int bucket, const char *label)
{
	d->len[bucket] = strlen(label);
	memcpy(d->label[bucket], label, d->len[bucket]);
}

/* The day of each edge goes to the next bucket. */
static bool
leave_edges(DnScan *s, const char *at, Draft *d)
{
	int			i;

	for (i = 1; i < d->count; i++)
	{
		d->edge[i].days--;
		if (!edge_valid(&d->edge[i]) || !further(&d->edge[i], &d->edge[i - 1]))
			return dn_fail_at(s, at, DN_RANGE, "no range is left under an edge");
	}
	return true;
}

/* Where the items due today go; the caller saw the semicolon. */
static bool
parse_today(DnScan *s, Draft *d)
{
	if (!dn_keyword(s, "today"))
		return dn_fail(s, DN_SYNTAX, "\"today late\" or \"today apart\" was expected");
	if (dn_keyword(s, "apart"))
	{
		if (d->count >= DN_AGING_MAX_BUCKETS - 1)
			return dn_fail(s, DN_LIMIT, too_many);
		memmove(&d->edge[1], &d->edge[0], sizeof(DnAgingEdge) * (size_t) d->count);
		d->count++;
		set_label(d, 1, "due today");
	}
	else if (!dn_keyword(s, "late"))
		return dn_fail(s, DN_SYNTAX, "\"late\" or \"apart\" was expected");
	d->edge[0] = yesterday;
	set_label(d, 0, "not due");
	return true;
}

/* The list: 30,60,90 */
static bool
parse_list(DnScan *s, Draft *d)
{
	const char *at;
	const char *begin = s->p;
	bool		under = dn_keyword(s, "under");
	int32_t		n;

	d->edge[0] = today;
	d->count = 1;
	do
	{
		dn_space(s);
		at = s->p;
		if (d->count == DN_AGING_MAX_BUCKETS - 1)
			return dn_fail(s, DN_LIMIT, too_many);
		if (!dn_int(s, INT32_MIN, INT32_MAX, &n, "a whole number of days or months was expected"))
			return false;
		if (peek_dots(s))
			return dn_fail_at(s, at, DN_SYNTAX,
							  "the first range must be open below, ..0 for example");
		if (!parse_edge(s, at, n, true, &d->edge[d->count]))
			return false;
		if (!further(&d->edge[d->count], &d->edge[d->count - 1]))
			return dn_fail_at(s, at, DN_SYNTAX,
							  both_days(&d->edge[d->count], &d->edge[d->count - 1]) ?
							  "each number of days must be larger than the one before" : further_back);
		d->count++;
	} while (dn_char(s, ','));
	if (under && !leave_edges(s, begin, d))
		return false;
	if (dn_char(s, ';') && !parse_today(s, d))
		return false;
	d->count++;
	return dn_finish(s, "a comma or the end was expected");
}

/* The beginning of a range other than the first one, and its dots. */
static bool
parse_from(DnScan *s, const DnAgingEdge *previous)
{
	const char *at;
	int32_t		from;

	if (dots(s))
		return true;
	at = s->p;
	if (!dn_int(s, INT32_MIN, INT32_MAX, &from, "a range such as 1..30 was expected"))
		return false;
	if (!dots(s))
		return dn_fail(s, DN_SYNTAX, "two dots were expected");
	if (previous->unit != DN_AGING_DAYS)
		return dn_fail_at(s, at, DN_SYNTAX, "a range behind months begins with two dots");
	if (from > (int64_t) previous->days + 1)
		return dn_fail_at(s, at, DN_SYNTAX, "there is a gap between the previous range and this one");
	if (from <= previous->days)
		return dn_fail_at(s, at, DN_SYNTAX, "this range overlaps the previous one");
	return true;
}

/* Explicit ranges: ..0 "not due", 1..30, 31.. */
static bool
parse_ranges(DnScan *s, Draft *d)
{
	const char *at;
	bool		more;
	int32_t		n;
	int			i = 0;

	(void) dots(s);
	for (;; i++)
	{
		more = peek_number(s);
		at = s->p;
		if (more && (!dn_int(s, INT32_MIN, INT32_MAX, &n, "a number of days from -" DN_STR(DN_AGING_MAX_DAY)
							 " to " DN_STR(DN_AGING_MAX_DAY) " was expected") ||
					 !parse_edge(s, at, n, false, &d->edge[i])))
			return false;
		if (more && i > 0 && !further(&d->edge[i], &d->edge[i - 1]))
			return dn_fail_at(s, at, DN_SYNTAX,
							  both_days(&d->edge[i], &d->edge[i - 1]) ?
							  "the range ends before it begins" : further_back);
		if (dn_peek(s, '"') &&
			!dn_quoted(s, d->label[i], DN_AGING_MAX_LABEL, &d->len[i],
					   "a label has at most " DN_STR(DN_AGING_MAX_LABEL) " bytes"))
			return false;
		if (!more)
			break;
		if (dn_at_end(s))
			return dn_fail(s, DN_SYNTAX, "the last range must be open above, 91.. for example");
		if (!dn_char(s, ','))
			return dn_fail(s, DN_SYNTAX, "a comma was expected");
		dn_space(s);
		if (i == DN_AGING_MAX_BUCKETS - 1)
			return dn_fail(s, DN_LIMIT, too_many);
		if (!parse_from(s, &d->edge[i]))
			return false;
	}
	d->count = i + 1;
	return dn_finish(s, "nothing may follow the range that is open above");
}

/* Whether the draft's label says what the range is called without one. */
static bool
is_default(const Draft *d, int bucket)
{
	char		buf[DN_AGING_MAX_LABEL];
	DnOut		out = {buf, sizeof(buf), 0};

	put_default_label(&out, d->edge, d->count, bucket);
	return out.len == d->len[bucket] && memcmp(buf, d->label[bucket], out.len) == 0;
}

/*
 * Reads a scheme, in either form, up to the end of the text.  False with the
 * mistake in s->err, and nothing in *out, if there is none.
 */
bool
dn_aging_parse(DnScan *s, DnAgingRoom *out)
{
	Draft		d;
	DnWord		w;
	const char *begin;
	char	   *p;
	int			i;

	memset(d.len, 0, sizeof(d.len));
	dn_space(s);
	begin = s->p;
	if (!peek_number(s) && !peek_dots(s) && !(dn_word(s, &w) && dn_is(w, "under")))
		return dn_fail_at(s, begin, DN_SYNTAX, "days such as 30,60,90 or ranges such as ..0, 1.. were expected");
	s->p = begin;
	if (!(peek_dots(s) ? parse_ranges(s, &d) : parse_list(s, &d)))
		return false;

	memset(out, 0, sizeof(*out));
	out->scheme.count = d.count;
	memcpy(out->scheme.edge, d.edge, sizeof(DnAgingEdge) * (size_t) (d.count - 1));
	p = out->bytes + bare_size(d.count) - d.count;
	for (i = 0; i < d.count; i++)
	{
		if (is_default(&d, i))
			d.len[i] = 0;
		*p++ = (char) d.len[i];
	}
	for (i = 0; i < d.count; p += d.len[i++])
		memcpy(p, d.label[i], d.len[i]);
	dn_assert(dn_aging_valid(&out->scheme, (size_t) (p - out->bytes)));
	return true;
}

/* Whether the list says it all. */
static bool
is_short(const DnAging *a)
{
	const unsigned char *len = lengths(a);
	int			i;

	for (i = 0; i < a->count; i++)
		if (len[i] > 0)
			return false;
	for (i = 1; i < a->count - 1; i++)
		if (a->edge[i].unit != DN_AGING_DAYS && a->edge[i].months < 1)
			return false;
	return a->count > 2 && same_edge(&a->edge[0], &today);
}

/* Appends the canonical text of a DnAging; equal schemes have equal texts. */
void
dn_aging_print(DnOut *out, const void *scheme)
{
	const DnAging *a = scheme;
	const unsigned char *len = lengths(a);
	const char *label = (const char *) (len + a->count);
	bool		brief = is_short(a);
	bool		days = true;
	int			i;

	for (i = 0; i < a->count - 1; i++)
		days = days && a->edge[i].unit == DN_AGING_DAYS;
	for (i = 1; brief && i < a->count - 1; i++)
	{
		if (i > 1)
			dn_put(out, days ? "," : ", ");
		put_edge(out, &a->edge[i]);
	}
	for (i = 0; !brief && i < a->count; label += len[i++])
	{
		if (i > 0)
			dn_put(out, ", ");
		if (i > 0 && a->edge[i - 1].unit == DN_AGING_DAYS &&
			(i == a->count - 1 || a->edge[i].unit == DN_AGING_DAYS))
			dn_put_int(out, (int64_t) a->edge[i - 1].days + 1);
		dn_put(out, "..");
		if (i < a->count - 1)
			put_edge(out, &a->edge[i]);
		if (len[i] > 0)
		{
			dn_put(out, " ");
			dn_put_quoted(out, label, len[i]);
		}
	}
}
