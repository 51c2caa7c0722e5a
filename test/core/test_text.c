/* test_text.c: the scanner and the writer of core/text.c */
#include "core/text.h"

#include <stdlib.h>

#include "core/days.h"
#include "tap.h"

#define SHORT_CAP 8

/*
 * A scan of a text in a block of its own that ends where the text ends, so
 * that the address sanitizer sees every byte read beyond it.
 */
static DnScan
scan(const char *text)
{
	static char *block = NULL;
	size_t		len = strlen(text);
	DnScan		s;

	free(block);
	block = malloc(len > 0 ? len : 1);
	if (block == NULL)
		abort();
	memcpy(block, text, len);
	dn_scan_init(&s, block, len);
	return s;
}

/* Whether the scan stopped with this error at this byte. */
static void
stopped(const DnScan *s, DnCode code, size_t at, const char *what)
{
	ok(s->err.code == code && s->err.at == at && s->err.what != NULL,
	   "%s: code %d at byte %zu", what, (int) code, at);
	if (s->err.code != code || s->err.at != at)
		printf("# got code %d at byte %zu: %s\n", (int) s->err.code, s->err.at,
			   s->err.what ? s->err.what : "(null)");
}

static void
words(void)
{
	DnScan		s = scan("  Net_30 days,x");
	DnWord		w;

	ok(dn_word(&s, &w) && w.len == 6 && memcmp(w.p, "Net_30", 6) == 0, "a word with a digit and a _");
	ok(dn_is(w, "net_30"), "is its keyword in any case");
	ok(!dn_is(w, "net_3") && !dn_is(w, "net_300") && !dn_is(w, ""), "and no longer or shorter one");
	ok(!dn_keyword(&s, "day"), "a keyword is a whole word");
	ok(dn_keyword(&s, "days"), "and is still there after that");
	ok(!dn_word(&s, &w), "a comma is no word");
	ok(dn_peek(&s, ',') && dn_peek(&s, ','), "a peek takes nothing");
	ok(!dn_char(&s, ';') && dn_char(&s, ',') && !dn_char(&s, ','), "a character is taken once");
	ok(dn_keyword(&s, "x") && dn_at_end(&s) && dn_finish(&s, "nothing may follow"), "the last word ends the text");
	ok(!dn_word(&s, &w) && !dn_keyword(&s, "x") && !dn_peek(&s, 'x') && !dn_char(&s, 'x'), "there is nothing after the end");
	is_int(s.err.code, DN_OK, "looking is no mistake");

	s = scan("9lives");
	ok(!dn_word(&s, &w), "a word does not begin with a digit");
	s = scan("\xc3\xa9t\xc3\xa9");
	ok(!dn_word(&s, &w), "a letter beyond ASCII is none of a word");
	s = scan("");
	ok(dn_at_end(&s) && !dn_word(&s, &w), "an empty text is at its end");
	s = scan(" \t\r\n ");
	ok(dn_at_end(&s), "so is one of white space");
	s = scan("x y");
	ok(dn_keyword(&s, "x") && !dn_finish(&s, "nothing may follow"), "what follows is a mistake");
	stopped(&s, DN_SYNTAX, 2, "it is found where it stands");
	ok(!dn_fail(&s, DN_LIMIT, "another") && s.err.code == DN_SYNTAX && s.err.at == 2, "the first mistake stays");
}

static void
good_int(const char *text, int32_t want)
{
	DnScan		s = scan(text);
	int32_t		got = 42;

	ok(dn_int(&s, INT32_MIN, INT32_MAX, &got, "a number"), "\"%s\" is a number", text);
	is_int(got, want, "its value");
}

static void
bad_int(const char *text, DnCode code, size_t at)
{
	DnScan		s = scan(text);
	int32_t		got = 42;

	ok(!dn_int(&s, -1000, 1000, &got, "a number") && got == 42, "\"%s\" is refused", text);
	stopped(&s, code, at, "refused");
}

static void
ints(void)
{
	DnScan		s;
	int32_t		got;

	good_int("0", 0);
	good_int(" +7", 7);
	good_int("-0007", -7);
	good_int("2147483647", INT32_MAX);
	good_int("-2147483648", INT32_MIN);
	bad_int("", DN_SYNTAX, 0);
	bad_int("  x", DN_SYNTAX, 2);
	bad_int("-", DN_SYNTAX, 0);
	bad_int("--1", DN_SYNTAX, 0);
	bad_int("- 1", DN_SYNTAX, 0);
	bad_int("1001", DN_RANGE, 0);
	bad_int(" -1001", DN_RANGE, 1);
	bad_int("2147483648", DN_RANGE, 0);
	bad_int("99999999999999999999999999999999", DN_RANGE, 0);
	s = scan("12x");
	ok(dn_int(&s, 0, 99, &got, "a number") && got == 12 && dn_keyword(&s, "x"), "a number ends where its digits end");
}

static void
good_decimal(const char *text, int scale, int64_t want)
{
	DnScan		s = scan(text);
	int64_t		got = 42;

	ok(dn_decimal(&s, scale, INT64_C(1000000000000000), &got, "an amount") && dn_at_end(&s),
	   "\"%s\" is a decimal of scale %d", text, scale);
	is_int(got, want, "its units");
}

static void
bad_decimal(const char *text, int scale, int64_t max, DnCode code, size_t at)
{
	DnScan		s = scan(text);
	int64_t		got = 42;

	ok(!dn_decimal(&s, scale, max, &got, "an amount") && got == 42,
	   "\"%s\" is refused at scale %d and at most %" PRId64, text, scale, max);
	stopped(&s, code, at, "refused");
}

static void
decimals(void)
{
	DnScan		s;
	int64_t		got;

	good_decimal("12", 4, 120000);
	good_decimal("12.15", 4, 121500);
	good_decimal("-0.0001", 4, -1);
	good_decimal("+0.5", 1, 5);
	good_decimal("12.1500000000000000000000", 2, 1215);
	good_decimal("100000000000.0000", 4, INT64_C(1000000000000000));
	good_decimal("0000000000000000000000000001", 0, 1);
	bad_decimal("", 2, 1000, DN_SYNTAX, 0);
	bad_decimal(".5", 2, 1000, DN_SYNTAX, 0);
	bad_decimal(" -", 2, 1000, DN_SYNTAX, 1);
	bad_decimal("1.001", 2, 1000, DN_RANGE, 0);
	bad_decimal("10.01", 2, 1000, DN_RANGE, 0);
	bad_decimal("-10.01", 2, 1000, DN_RANGE, 0);
	bad_decimal("11", 2, 1000, DN_RANGE, 0);
	bad_decimal("1001", 0, 1000, DN_RANGE, 0);
	bad_decimal("99999999999999999999999999", 4, INT64_C(1000000000000000), DN_RANGE, 0);
	s = scan("5. ");
	ok(dn_decimal(&s, 2, 1000, &got, "an amount") && got == 500 && dn_peek(&s, '.'), "a point without a digit is not part of it");
	s = scan("5.");
	ok(dn_decimal(&s, 2, 1000, &got, "an amount") && got == 500 && dn_peek(&s, '.'), "nor is it at the end");
}

static void
bad_date(const char *text, DnCode code, size_t at)
{
	DnScan		s = scan(text);
	int32_t		got = 42;

	ok(!dn_date(&s, &got) && got == 42, "\"%s\" is no day", text);
	stopped(&s, code, at, "refused");
}

static void
dates(void)
{
	DnScan		s = scan(" 2026-07-01:");
	int32_t		got = 42;

	ok(dn_date(&s, &got) && dn_peek(&s, ':'), "a day, and what follows is left");
	is_int(got, 9678, "its number");
	s = scan("0001-01-01");
	ok(dn_date(&s, &got) && got == -730119, "the first day of a literal");
	s = scan("9999-12-31");
	ok(dn_date(&s, &got) && got == 2921939, "the last one");
	got = 42;
	bad_date("", DN_SYNTAX, 0);
	bad_date("2026", DN_SYNTAX, 0);
	bad_date("2026-07", DN_SYNTAX, 0);
	bad_date("2026-07-", DN_SYNTAX, 0);
	bad_date("2026-07-0", DN_SYNTAX, 0);
	bad_date("2026-7-1", DN_SYNTAX, 0);
	bad_date("2026/07/01", DN_SYNTAX, 0);
	bad_date(" 01.07.2026", DN_SYNTAX, 1);
	bad_date("20260701", DN_SYNTAX, 0);
	bad_date("2026-07-011", DN_SYNTAX, 0);
	bad_date("12026-07-01", DN_SYNTAX, 0);
	bad_date("-2026-07-01", DN_SYNTAX, 0);
	bad_date("infinity", DN_SYNTAX, 0);
	bad_date(" 2026-02-29", DN_DATE, 1);
	bad_date("0000-01-01", DN_DATE, 0);
	bad_date("2026-13-01", DN_DATE, 0);
	bad_date("2026-00-01", DN_DATE, 0);
	bad_date("2026-01-00", DN_DATE, 0);
	bad_date("2026-04-31", DN_DATE, 0);
}

static void
good_quoted(const char *text, const char *want)
{
	DnScan		s = scan(text);
	char		buf[SHORT_CAP + 1];
	size_t		len = 0;

	ok(dn_quoted(&s, buf, SHORT_CAP, &len, "a label") && dn_at_end(&s), "%s is a quoted text", text);
	buf[len] = '\0';
	is_text(buf, want, "what it says");
}

static void
bad_quoted(const char *text, DnCode code, size_t at)
{
	DnScan		s = scan(text);
	char		buf[SHORT_CAP];
	size_t		len = 42;

	ok(!dn_quoted(&s, buf, sizeof(buf), &len, "a label") && len == 42, "%s is refused", text);
	stopped(&s, code, at, "refused");
}

static void
quoted(void)
{
	DnScan		s;
	char		currency[4] = "";

	good_quoted("\"x\"", "x");
	good_quoted(" \"a b; c\"", "a b; c");
	good_quoted("\"say \"\"a\"\"\"", "say \"a\"");
	good_quoted("\"12345678\"", "12345678");
	good_quoted("\"\"\"\"", "\"");
	bad_quoted("", DN_SYNTAX, 0);
	bad_quoted("x", DN_SYNTAX, 0);
	bad_quoted("\"", DN_SYNTAX, 0);
	bad_quoted(" \"abc", DN_SYNTAX, 1);
	bad_quoted("\"abc\"\"", DN_SYNTAX, 0);
	bad_quoted("\"\"", DN_SYNTAX, 0);
	bad_quoted("\"123456789\"", DN_LIMIT, 0);

	s = scan("eUr.");
	ok(dn_currency(&s, currency) && dn_peek(&s, '.'), "a currency in any case");
	is_text(currency, "EUR", "is kept in capitals");
	s = scan("EURO");
	ok(!dn_currency(&s, currency), "four letters are no currency");
	stopped(&s, DN_SYNTAX, 0, "refused");
	s = scan(" E_R");
	ok(!dn_currency(&s, currency), "nor is a _");
	stopped(&s, DN_SYNTAX, 1, "refused");
	s = scan("E1R");
	ok(!dn_currency(&s, currency), "nor is a digit");
	s = scan("");
	ok(!dn_currency(&s, currency), "nor is nothing");
}

static void
fees(void)
{
	static const struct
	{
		const char *text;
		int64_t		units;
	}			good[] = {
		{"15 EUR", 150000}, {" 0.0001 eur", 1}, {"40.50\tEUR", 405000},
		{"1000000000000 EUR", INT64_C(10000000000000000)},
	};
	static const struct
	{
		const char *text;
		DnCode		code;
		size_t		at;
	}			bad[] = {
		{" 0 EUR", DN_RANGE, 1}, {"-1 EUR", DN_RANGE, 0}, {"0.00001 EUR", DN_RANGE, 0},
		{"1000000000000.0001 EUR", DN_RANGE, 0}, {"1000000000001 EUR", DN_RANGE, 0},
		{"EUR 15", DN_SYNTAX, 0}, {"15", DN_SYNTAX, 2}, {"15 EURO", DN_SYNTAX, 3}, {"", DN_SYNTAX, 0},
	};
	size_t		i;
	int64_t		units;
	char		currency[4];

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		DnScan		s = scan(good[i].text);

		ok(dn_fee(&s, &units, currency) && dn_at_end(&s), "\"%s\" is a fee", good[i].text);
		is_int(units, good[i].units, "its units");
		is_text(currency, "EUR", "its currency");
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		DnScan		s = scan(bad[i].text);

		ok(!dn_fee(&s, &units, currency), "\"%s\" is no fee", bad[i].text);
		stopped(&s, bad[i].code, bad[i].at, "refused");
	}
}

/* What a printer wrote into a block of just the length that it asked for. */
static char *
written(void (*print) (DnOut *out))
{
	DnOut		count = {NULL, 0, 0};
	DnOut		out;
	char	   *text;

	print(&count);
	text = malloc(count.len + 1);
	if (text == NULL)
		abort();
	out.buf = text;
	out.cap = count.len;
	out.len = 0;
	print(&out);
	ok(out.len == count.len, "counted and written lengths agree");
	text[count.len] = '\0';
	return text;
}

#define WRITES(printer, want) \
	do { \
		char	   *text = written(printer); \
		is_text(text, want, #printer); \
		free(text); \
	} while (0)

static void
put_ints(DnOut *o)
{
	static const int64_t v[] = {0, 7, -7, 10, 100000, INT64_MAX, INT64_MIN};
	size_t		i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
	{
		dn_put_int(o, v[i]);
		dn_put(o, ";");
	}
}

static void
put_decimals(DnOut *o)
{
	static const struct
	{
		int64_t		v;
		int			scale,
					least;
	}			v[] = {
		{0, 0, 0}, {0, 4, 0}, {0, 4, 2}, {5, 0, 0}, {121500, 4, 0}, {121500, 4, 2}, {121500, 4, 4},
		{120000, 4, 0}, {120000, 4, 2}, {-1, 4, 0}, {-5, 1, 1}, {1000, 3, 3}, {INT64_MAX, 4, 2},
		{INT64_MIN, 4, 2}, {INT64_MIN, 0, 0}
	};
	size_t		i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
	{
		dn_put_decimal(o, v[i].v, v[i].scale, v[i].least);
		dn_put(o, ";");
	}
}

static void
put_dates(DnOut *o)
{
	static const int32_t v[] = {0, DN_LITERAL_FIRST, 9678, DN_LITERAL_LAST, 2921940, DN_LITERAL_FIRST - 1, DN_DAY_FIRST, DN_DAY_LAST};
	size_t		i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
	{
		dn_put_date(o, v[i]);
		dn_put(o, ";");
	}
}

static void
put_labels(DnOut *o)
{
	dn_put_quoted(o, "x", 1);
	dn_put_quoted(o, "say \"a\"", 7);
	dn_put_quoted(o, "\"", 1);
	dn_put_bytes(o, "abc", 2);
}

static void
put_fees(DnOut *o)
{
	dn_put_fee(o, "; fee", 150000, "EUR");
	dn_put_fee(o, "; fee", 1, "EUR");
	dn_put_fee(o, "; fee", 0, "EUR");
}

static void
put_nothing(DnOut *o)
{
	dn_put(o, "");
	dn_put_quoted(o, "", 0);
	dn_put_bytes(o, "abc", 0);
}

static void
writing(void)
{
	char		buf[] = "....";
	DnOut		o = {buf, 2, 0};

	WRITES(put_ints, "0;7;-7;10;100000;9223372036854775807;-9223372036854775808;");
	WRITES(put_decimals,
		   "0;0;0.00;5;12.15;12.15;12.1500;12;12.00;-0.0001;-0.5;1.000;"
		   "922337203685477.5807;-922337203685477.5808;-9223372036854775808;");
	WRITES(put_dates, "2000-01-01;0001-01-01;2026-07-01;9999-12-31;10000-01-01;"
		   "0001-12-31 BC;4714-11-24 BC;5874897-12-31;");
	WRITES(put_labels, "\"x\"\"say \"\"a\"\"\"\"\"\"\"ab");
	WRITES(put_fees, "; fee 15.00 EUR; fee 0.0001 EUR");
	WRITES(put_nothing, "\"\"");

	dn_put(&o, "abc");
	dn_put(&o, "d");
	ok(o.len == 4 && memcmp(buf + 2, "..", 2) == 0, "what does not fit is counted and not written");
}

int
main(void)
{
	words();
	ints();
	decimals();
	dates();
	quoted();
	fees();
	writing();
	return done_testing();
}
