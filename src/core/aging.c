/* core/aging.c: see aging.h */
#include "aging.h"

#include <string.h>

/* The label lengths, and behind them the labels. */
static const unsigned char *
lengths(const DnAging *a)
{
	return (const unsigned char *) (a->last + a->count - 1);
}

/* The label that the range of a bucket has if none is given. */
static void
put_default_label(DnOut *out, const int32_t *last, int count, int bucket)
{
	bool		below = bucket == 0;
	bool		above = bucket == count - 1;
	int64_t		from = below ? 0 : (int64_t) last[bucket - 1] + 1;
	int64_t		to = above ? 0 : last[bucket];

	if (below && above)
		dn_put(out, "all");
	else if (below && to == 0)
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
		put_default_label(out, a->last, a->count, bucket);
}

size_t
dn_aging_size(const DnAging *a)
{
	const unsigned char *len = lengths(a);
	size_t		size = sizeof(int32_t) * (size_t) a->count + (size_t) a->count;
	int			i;

	for (i = 0; i < a->count; i++)
		size += len[i];
	return size;
}

/* Whether these bytes, aligned for an int32, are a scheme and nothing more. */
bool
dn_aging_valid(const DnAging *a, size_t size)
{
	const unsigned char *len;
	int			i;

	if (size < sizeof(int32_t) || a->count < 1 || a->count > DN_AGING_MAX_BUCKETS ||
		size < (sizeof(int32_t) + 1) * (size_t) a->count)
		return false;
	for (i = 0; i < a->count - 1; i++)
		if (a->last[i] < -DN_AGING_MAX_DAY || a->last[i] > DN_AGING_MAX_DAY ||
			(i > 0 && a->last[i] <= a->last[i - 1]))
			return false;
	len = lengths(a);
	for (i = 0; i < a->count; i++)
		if (len[i] > DN_AGING_MAX_LABEL)
			return false;
	return dn_aging_size(a) == size;
}

/*
 * A total order of schemes, for sorting them; zero if and only if they are
 * equal.  It has no other meaning.
 */
int
dn_aging_cmp(const DnAging *a, const DnAging *b)
{
	size_t		size,
				other;
	int			i,
				cmp;

	for (i = 0; i < a->count - 1 && i < b->count - 1; i++)
		if (a->last[i] != b->last[i])
			return a->last[i] < b->last[i] ? -1 : 1;
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	size = dn_aging_size(a);
	other = dn_aging_size(b);
	cmp = memcmp(a, b, size < other ? size : other);
	if (cmp != 0)
		return cmp < 0 ? -1 : 1;
	return size < other ? -1 : size > other;
}

/* What a parser collects before the number of buckets is known. */
typedef struct Draft
{
	int			count;
	int32_t		last[DN_AGING_MAX_BUCKETS];
	size_t		len[DN_AGING_MAX_BUCKETS];
	char		label[DN_AGING_MAX_BUCKETS][DN_AGING_MAX_LABEL];
} Draft;

static const char *const too_many =
	"a scheme has at most " DN_STR(DN_AGING_MAX_BUCKETS) " buckets";

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

/* The short form: 30,60,90 */
static bool
parse_days(DnScan *s, Draft *d)
{
	const char *at;

	d->last[0] = 0;
	d->count = 1;
	do
	{
		dn_space(s);
		at = s->p;
		if (d->count == DN_AGING_MAX_BUCKETS - 1)
			return dn_fail(s, DN_LIMIT, too_many);
		if (!dn_int(s, INT32_MIN, INT32_MAX, &d->last[d->count],
					"a whole number of days was expected"))
			return false;
		if (peek_dots(s))
			return dn_fail_at(s, at, DN_SYNTAX,
							  "the first range must be open below, ..0 for example");
		if (d->last[d->count] < 1 || d->last[d->count] > DN_AGING_MAX_DAY)
			return dn_fail_at(s, at, DN_RANGE,
							  "a number of days from 1 to " DN_STR(DN_AGING_MAX_DAY) " was expected");
		if (d->last[d->count] <= d->last[d->count - 1])
			return dn_fail_at(s, at, DN_SYNTAX, "each number of days must be larger than the one before");
		d->count++;
	} while (dn_char(s, ','));
	d->count++;
	return dn_finish(s, "a comma or the end was expected");
}

/* The beginning of a range other than the first one, and its dots. */
static bool
parse_from(DnScan *s, int32_t previous)
{
	const char *at;
	int32_t		from;

	dn_space(s);
	at = s->p;
	if (peek_dots(s))
		return dn_fail(s, DN_SYNTAX, "only the first range is open below");
	if (!dn_int(s, INT32_MIN, INT32_MAX, &from, "a range such as 1..30 was expected"))
		return false;
	if (!dots(s))
		return dn_fail(s, DN_SYNTAX, "two dots were expected");
	if (from > (int64_t) previous + 1)
		return dn_fail_at(s, at, DN_SYNTAX, "there is a gap between the previous range and this one");
	if (from <= previous)
		return dn_fail_at(s, at, DN_SYNTAX, "this range overlaps the previous one");
	return true;
}

/* Explicit ranges, of which the caller saw the first dots: ..0 "not due", 1..30, 31.. */
static bool
parse_ranges(DnScan *s, Draft *d)
{
	const char *at;
	bool		more;
	int			i = 0;

	(void) dots(s);
	for (;; i++)
	{
		more = peek_number(s);
		at = s->p;
		if (more && !dn_int(s, -DN_AGING_MAX_DAY, DN_AGING_MAX_DAY, &d->last[i],
							"a number of days from -" DN_STR(DN_AGING_MAX_DAY)
							" to " DN_STR(DN_AGING_MAX_DAY) " was expected"))
			return false;
		if (more && i > 0 && d->last[i] <= d->last[i - 1])
			return dn_fail_at(s, at, DN_SYNTAX, "the range ends before it begins");
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
		if (!parse_from(s, d->last[i]))
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

	put_default_label(&out, d->last, d->count, bucket);
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
	char	   *p;
	int			i;

	memset(d.len, 0, sizeof(d.len));
	if (!peek_number(s) && !peek_dots(s))
		return dn_fail(s, DN_SYNTAX, "days such as 30,60,90 or ranges such as ..0, 1.. were expected");
	if (!(peek_dots(s) ? parse_ranges(s, &d) : parse_days(s, &d)))
		return false;

	memset(out, 0, sizeof(*out));
	out->scheme.count = d.count;
	memcpy(out->scheme.last, d.last, sizeof(int32_t) * (size_t) (d.count - 1));
	p = out->bytes + sizeof(int32_t) * (size_t) d.count;
	for (i = 0; i < d.count; i++)
	{
		if (is_default(&d, i))
			d.len[i] = 0;
		*p++ = (char) d.len[i];
	}
	for (i = 0; i < d.count; p += d.len[i++])
		memcpy(p, d.label[i], d.len[i]);
	return true;
}

/* Whether the short form says it all. */
static bool
is_short(const DnAging *a)
{
	const unsigned char *len = lengths(a);
	int			i;

	for (i = 0; i < a->count; i++)
		if (len[i] > 0)
			return false;
	return a->count > 2 && a->last[0] == 0;
}

/* Appends the canonical text of a DnAging; equal schemes have equal texts. */
void
dn_aging_print(DnOut *out, const void *scheme)
{
	const DnAging *a = scheme;
	const unsigned char *len = lengths(a);
	const char *label = (const char *) (len + a->count);
	bool		brief = is_short(a);
	int			i;

	for (i = 1; brief && i < a->count - 1; i++)
	{
		if (i > 1)
			dn_put(out, ",");
		dn_put_int(out, a->last[i]);
	}
	for (i = 0; !brief && i < a->count; label += len[i++])
	{
		if (i > 0)
		{
			dn_put(out, ", ");
			dn_put_int(out, (int64_t) a->last[i - 1] + 1);
		}
		dn_put(out, "..");
		if (i < a->count - 1)
			dn_put_int(out, a->last[i]);
		if (len[i] > 0)
		{
			dn_put(out, " ");
			dn_put_quoted(out, label, len[i]);
		}
	}
}
