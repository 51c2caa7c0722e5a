/* core/text.c: the scanner and the writer behind every text form */
#include "text.h"

#include <string.h>

#include "days.h"

void
dn_scan_init(DnScan *s, const char *text, size_t len)
{
	s->start = s->p = text;
	s->end = text + len;
	s->err.code = DN_OK;
	s->err.at = 0;
	s->err.what = NULL;
}

bool
dn_fail_at(DnScan *s, const char *at, DnCode code, const char *what)
{
	if (s->err.code == DN_OK)
	{
		s->err.code = code;
		s->err.at = (size_t) (at - s->start);
		s->err.what = what;
	}
	return false;
}

/* Records the first mistake of the text, here; always false. */
bool
dn_fail(DnScan *s, DnCode code, const char *what)
{
	return dn_fail_at(s, s->p, code, what);
}

void
dn_space(DnScan *s)
{
	while (s->p < s->end &&
		   (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

bool
dn_at_end(DnScan *s)
{
	dn_space(s);
	return s->p == s->end;
}

bool
dn_peek(DnScan *s, char c)
{
	dn_space(s);
	return s->p < s->end && *s->p == c;
}

bool
dn_char(DnScan *s, char c)
{
	if (!dn_peek(s, c))
		return false;
	s->p++;
	return true;
}

static bool
letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
}

/* An identifier: an ASCII letter or _, then letters, digits and _. */
bool
dn_word(DnScan *s, DnWord *w)
{
	const char *p;

	dn_space(s);
	p = s->p;
	if (p == s->end || !letter(*p))
		return false;
	while (p < s->end && (letter(*p) || digit(*p)))
		p++;
	w->p = s->p;
	w->len = (size_t) (p - s->p);
	s->p = p;
	return true;
}

/* Whether a word is this keyword, in any case; keywords are lower case. */
bool
dn_is(DnWord w, const char *keyword)
{
	size_t		i;

	for (i = 0; i < w.len; i++)
		if (keyword[i] == '\0' || lower(w.p[i]) != keyword[i])
			return false;
	return keyword[i] == '\0';
}

/* Takes the keyword if it stands here, otherwise takes nothing. */
bool
dn_keyword(DnScan *s, const char *keyword)
{
	const char *p;
	DnWord		w;

	dn_space(s);
	p = s->p;
	if (dn_word(s, &w) && dn_is(w, keyword))
		return true;
	s->p = p;
	return false;
}

/*
 * A signed whole number between min and max.  "what" is the clause for both a
 * missing number and one out of its bounds.
 */
bool
dn_int(DnScan *s, int64_t min, int64_t max, int32_t *out, const char *what)
{
	const char *begin;
	bool		negative = false;
	int64_t		v = 0;

	dn_space(s);
	begin = s->p;
	if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
		negative = *s->p++ == '-';
	if (s->p == s->end || !digit(*s->p))
		return dn_fail_at(s, begin, DN_SYNTAX, what);
	for (; s->p < s->end && digit(*s->p); s->p++)
	{
		v = v * 10 + (*s->p - '0');
		if (v > (int64_t) INT32_MAX + 1)
			return dn_fail_at(s, begin, DN_RANGE, what);
	}
	if (negative)
		v = -v;
	if (v < min || v > max)
		return dn_fail_at(s, begin, DN_RANGE, what);
	*out = (int32_t) v;
	return true;
}

/*
 * A signed decimal as a whole number of 10^-scale units, at most max of them
 * either way.  Digits that would be lost are an error, trailing zeros are not.
 */
bool
dn_decimal(DnScan *s, int scale, int64_t max, int64_t *out, const char *what)
{
	const char *begin;
	bool		negative = false;
	int64_t		v = 0;
	int			decimals = 0;

	dn_space(s);
	begin = s->p;
	if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
		negative = *s->p++ == '-';
	if (s->p == s->end || !digit(*s->p))
		return dn_fail_at(s, begin, DN_SYNTAX, what);
	for (; s->p < s->end && digit(*s->p); s->p++)
	{
		v = v * 10 + (*s->p - '0');
		if (v > max)
			return dn_fail_at(s, begin, DN_RANGE, what);
	}
	if (s->p + 1 < s->end && *s->p == '.' && digit(s->p[1]))
	{
		for (s->p++; s->p < s->end && digit(*s->p); s->p++)
		{
			if (decimals == scale)
			{
				if (*s->p != '0')
					return dn_fail_at(s, begin, DN_RANGE, what);
				continue;
			}
			decimals++;
			v = v * 10 + (*s->p - '0');
			if (v > max)
				return dn_fail_at(s, begin, DN_RANGE, what);
		}
	}
	for (; decimals < scale; decimals++)
	{
		v *= 10;
		if (v > max)
			return dn_fail_at(s, begin, DN_RANGE, what);
	}
	*out = negative ? -v : v;
	return true;
}

/* Whether the number that stands here is followed by a percent sign. */
bool
dn_percent_follows(const DnScan *from)
{
	DnScan		s = *from;

	dn_space(&s);
	if (s.p < s.end && (*s.p == '+' || *s.p == '-'))
		s.p++;
	while (s.p < s.end && (digit(*s.p) || *s.p == '.'))
		s.p++;
	return dn_peek(&s, '%');
}

/* A day as YYYY-MM-DD, the one form that no setting changes. */
bool
dn_date(DnScan *s, int32_t *out)
{
	static const char *const what = "a day of the years 0001 to 9999 written YYYY-MM-DD was expected";
	const char *begin;
	int			part[3];
	int			width[3] = {4, 2, 2};
	int			i,
				k;

	dn_space(s);
	begin = s->p;
	for (i = 0; i < 3; i++)
	{
		if (i > 0)
		{
			if (s->p == s->end || *s->p != '-')
				return dn_fail_at(s, begin, DN_SYNTAX, what);
			s->p++;
		}
		part[i] = 0;
		for (k = 0; k < width[i]; k++, s->p++)
		{
			if (s->p == s->end || !digit(*s->p))
				return dn_fail_at(s, begin, DN_SYNTAX, what);
			part[i] = part[i] * 10 + (*s->p - '0');
		}
	}
	if (s->p < s->end && digit(*s->p))
		return dn_fail_at(s, begin, DN_SYNTAX, what);
	if (!dn_day_from_civil(part[0], part[1], part[2], out))
		return dn_fail_at(s, begin, DN_DATE, "the calendar has no such day");
	return true;
}

/*
 * A text in double quotes, a quote inside doubled, into buf.  At most cap
 * bytes and at least one; it is not terminated.
 */
bool
dn_quoted(DnScan *s, char *buf, size_t cap, size_t *len, const char *what)
{
	const char *begin;
	size_t		n = 0;

	dn_space(s);
	begin = s->p;
	if (!dn_char(s, '"'))
		return dn_fail_at(s, begin, DN_SYNTAX, what);
	for (;;)
	{
		if (s->p == s->end)
			return dn_fail_at(s, begin, DN_SYNTAX, "the quoted label has no end");
		if (*s->p == '"')
		{
			s->p++;
			if (s->p == s->end || *s->p != '"')
				break;
		}
		if (n == cap)
			return dn_fail_at(s, begin, DN_LIMIT, what);
		buf[n++] = *s->p++;
	}
	if (n == 0)
		return dn_fail_at(s, begin, DN_SYNTAX, "a label cannot be empty");
	*len = n;
	return true;
}

/* A currency code of three letters, kept in capitals (ISO 4217). */
bool
dn_currency(DnScan *s, char currency[4])
{
	static const char *const what = "a currency of three letters such as EUR was expected";
	DnWord		w;
	size_t		i;

	if (!dn_word(s, &w))
		return dn_fail(s, DN_SYNTAX, what);
	if (w.len != 3)
		return dn_fail_at(s, w.p, DN_SYNTAX, what);
	for (i = 0; i < 3; i++)
	{
		char		c = lower(w.p[i]);

		if (c < 'a' || c > 'z')
			return dn_fail_at(s, w.p, DN_SYNTAX, what);
		currency[i] = (char) (c - 'a' + 'A');
	}
	currency[3] = '\0';
	return true;
}

/* An amount above zero and its currency. */
bool
dn_fee(DnScan *s, int64_t *units, char currency[4])
{
	static const char *const what =
		"an amount above 0, at most " DN_STR(DN_FEE_MAX) " and with at most "
		DN_STR(DN_FEE_SCALE) " decimals, was expected";
	const char *begin;

	dn_space(s);
	begin = s->p;
	if (!dn_decimal(s, DN_FEE_SCALE, DN_FEE_MAX * DN_FEE_UNIT, units, what))
		return false;
	if (*units <= 0)
		return dn_fail_at(s, begin, DN_RANGE, what);
	return dn_currency(s, currency);
}

/* Nothing may follow. */
bool
dn_finish(DnScan *s, const char *what)
{
	return dn_at_end(s) || dn_fail(s, DN_SYNTAX, what);
}

void
dn_put_bytes(DnOut *o, const char *p, size_t len)
{
	if (len > 0 && o->len + len <= o->cap)
		memcpy(o->buf + o->len, p, len);
	o->len += len;
}

void
dn_put(DnOut *o, const char *text)
{
	dn_put_bytes(o, text, strlen(text));
}

/* v with at least "width" digits */
static void
put_digits(DnOut *o, uint64_t v, int width)
{
	char		buf[20];
	int			i = (int) sizeof(buf);

	do
	{
		buf[--i] = (char) ('0' + v % 10);
		v /= 10;
		width--;
	} while (v > 0 || width > 0);
	dn_put_bytes(o, buf + i, sizeof(buf) - (size_t) i);
}

void
dn_put_int(DnOut *o, int64_t v)
{
	if (v < 0)
		dn_put(o, "-");
	put_digits(o, v < 0 ? -(uint64_t) v : (uint64_t) v, 1);
}

/* v units of 10^-scale, trailing zeros dropped down to "least" decimals */
void
dn_put_decimal(DnOut *o, int64_t v, int scale, int least)
{
	uint64_t	u = v < 0 ? -(uint64_t) v : (uint64_t) v;
	uint64_t	unit = 1;
	int			i;

	for (; scale > least && u % 10 == 0; scale--)
		u /= 10;
	for (i = 0; i < scale; i++)
		unit *= 10;
	if (v < 0)
		dn_put(o, "-");
	put_digits(o, u / unit, 1);
	if (scale > 0)
	{
		dn_put(o, ".");
		put_digits(o, u % unit, scale);
	}
}

/* "keyword 15.00 EUR", or nothing for no fee */
void
dn_put_fee(DnOut *o, const char *keyword, int64_t units, const char *currency)
{
	if (units == 0)
		return;
	dn_put(o, keyword);
	dn_put(o, " ");
	dn_put_decimal(o, units, DN_FEE_SCALE, 2);
	dn_put(o, " ");
	dn_put(o, currency);
}

/* A finite day as the server's DateStyle ISO has it. */
void
dn_put_date(DnOut *o, int32_t day)
{
	int32_t		year;
	int			month,
				dom;

	dn_civil(day, &year, &month, &dom);
	put_digits(o, (uint64_t) (year > 0 ? year : 1 - year), 4);
	dn_put(o, "-");
	put_digits(o, (uint64_t) month, 2);
	dn_put(o, "-");
	put_digits(o, (uint64_t) dom, 2);
	if (year <= 0)
		dn_put(o, " BC");
}

void
dn_put_quoted(DnOut *o, const char *p, size_t len)
{
	size_t		i;

	dn_put(o, "\"");
	for (i = 0; i < len; i++)
		dn_put_bytes(o, p[i] == '"' ? "\"\"" : p + i, p[i] == '"' ? 2 : 1);
	dn_put(o, "\"");
}
