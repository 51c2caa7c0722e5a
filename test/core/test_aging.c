/* test_aging.c: the aging core: grammar, canonical text, buckets, flat form */
#include "core/aging.h"

#include <stdlib.h>

#include "tap.h"

/* The text goes into memory of its exact size, so that a checker sees a read past its end. */
static bool
parse(const char *text, DnAgingRoom *room, DnError *err)
{
	size_t		len = strlen(text);
	char	   *copy = malloc(len > 0 ? len : 1);
	DnScan		s;
	bool		good;

	memcpy(copy, text, len);
	dn_scan_init(&s, copy, len);
	good = dn_aging_parse(&s, room);
	*err = s.err;
	free(copy);
	return good;
}

static const char *
print(const DnAgingRoom *room)
{
	static char buf[8192];
	DnOut		out = {buf, sizeof(buf) - 1, 0};

	dn_aging_print(&out, &room->scheme);
	buf[out.len] = '\0';
	return buf;
}

static const char *
label(const DnAgingRoom *room, int bucket)
{
	static char buf[DN_AGING_MAX_LABEL + 1];
	DnOut		out = {buf, DN_AGING_MAX_LABEL, 0};

	dn_aging_put_label(&out, &room->scheme, bucket);
	buf[out.len] = '\0';
	return buf;
}

/* Good: the canonical text, and that it reads back as the same bytes. */
static void
good(const char *text, const char *canonical)
{
	DnAgingRoom a;
	DnAgingRoom b;
	DnError		err;
	size_t		size;

	if (!parse(text, &a, &err))
	{
		ok(false, "is read: %s", text);
		return;
	}
	ok(strcmp(print(&a), canonical) == 0, "canonical text: %s", text);
	size = dn_aging_size(&a.scheme);
	ok(dn_aging_valid(&a.scheme, size) && !dn_aging_valid(&a.scheme, size - 1) &&
	   !dn_aging_valid(&a.scheme, size + 1), "valid at its own size only: %s", text);
	ok(parse(canonical, &b, &err) && memcmp(&a, &b, sizeof(a)) == 0,
	   "canonical text reads back: %s", text);
}

static void
bad(const char *text, DnCode code, size_t at, const char *what)
{
	DnAgingRoom room;
	DnError		err;
	bool		read = parse(text, &room, &err);

	ok(!read && err.code == code && err.at == at && strstr(err.what, what) != NULL,
	   "is refused: %s", text);
	if (!read && (err.code != code || err.at != at || strstr(err.what, what) == NULL))
		printf("# code %d at %d: %s\n", (int) err.code, (int) err.at, err.what);
}

static void
labels(const char *text, const char *const *expected, int count)
{
	DnAgingRoom room;
	DnError		err;
	int			i;
	bool		same = parse(text, &room, &err) && room.scheme.count == count;

	for (i = 0; same && i < count; i++)
		same = strcmp(label(&room, i), expected[i]) == 0;
	ok(same, "labels: %s", text);
}

/* The bucket of a text's scheme, with both days said. */
static int
bucket_on(const char *text, int32_t due, int32_t as_of)
{
	DnAgingRoom room;
	DnAgingCut	cut;
	DnError		err;

	if (!parse(text, &room, &err))
		return -1;
	dn_aging_cut(&room.scheme, as_of, &cut);
	return dn_aging_bucket(&cut, due);
}

/* Every day from -200 to 200 against the ranges written out. */
static void
buckets(void)
{
	static const int ages[] = {-31, -30, -1, 0, 1, 29, 30, 31, 59, 60, 61, 89, 90, 91, 120, 121};
	static const int expected[] = {0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4};
	size_t		i;
	bool		same;
	int			day;

	same = true;
	for (i = 0; i < sizeof(ages) / sizeof(ages[0]); i++)
		same = same && bucket_on("30,60,90", 9000 - ages[i], 9000) == expected[i];
	ok(same, "bucket of each age at an edge of 30,60,90");

	same = true;
	for (day = -200; day <= 200; day++)
		same = same && bucket_on("..-8, -7..0, 1..1, 2..", 9000 - day, 9000) ==
			(day <= -8 ? 0 : day <= 0 ? 1 : day == 1 ? 2 : 3);
	ok(same, "bucket of each day in ..-8, -7..0, 1..1, 2..");

	same = true;
	for (day = -200; day <= 200; day++)
		same = same && bucket_on("1,2,3,4,5,6,7,8,9,10,11,12", 9000 - day, 9000) ==
			(day <= 0 ? 0 : day > 12 ? 13 : day);
	ok(same, "bucket of each day among many edges");

	ok(bucket_on("..", DN_DAY_EVER, 0) == 0 && bucket_on("..", DN_DAY_NEVER, 0) == 0,
	   "one bucket for every day");
}

static void
infinities(void)
{
	static const char *const wide = "..-100000, -99999..100000, 100001..";

	ok(bucket_on(wide, DN_DAY_NEVER, DN_DAY_LAST) == 0, "due date: infinity");
	ok(bucket_on(wide, DN_DAY_EVER, DN_DAY_FIRST) == 2, "due date: -infinity");
	ok(bucket_on(wide, DN_DAY_LAST, DN_DAY_NEVER) == 2, "as of: infinity");
	ok(bucket_on(wide, DN_DAY_FIRST, DN_DAY_EVER) == 0, "as of: -infinity");
	ok(bucket_on(wide, DN_DAY_EVER, DN_DAY_NEVER) == 2, "due and as of: -infinity and infinity");
	ok(bucket_on(wide, DN_DAY_NEVER, DN_DAY_EVER) == 0, "due and as of: infinity and -infinity");
	ok(bucket_on(wide, DN_DAY_NEVER, DN_DAY_NEVER) == 1 && bucket_on(wide, DN_DAY_EVER, DN_DAY_EVER) == 1,
	   "the same infinity twice is no day late");
	ok(bucket_on(wide, DN_DAY_FIRST, DN_DAY_LAST) == 2, "the longest delay between finite dates");
	ok(bucket_on("1 month, 1200 months", DN_DAY_LAST, DN_DAY_NEVER) == 3 &&
	   bucket_on("1 month, 1200 months", DN_DAY_NEVER, DN_DAY_NEVER) == 0 &&
	   bucket_on("1 month, 1200 months", DN_DAY_FIRST, DN_DAY_EVER) == 0 &&
	   bucket_on("1 month, 1200 months", DN_DAY_EVER, DN_DAY_FIRST) == 3 &&
	   bucket_on("1 rolling month, 1200 rolling months", DN_DAY_FIRST, DN_DAY_LAST) == 3,
	   "months and infinite days");
}

static int
length_of(int year, int month)
{
	static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0) ? 29 : length[month - 1];
}

/*
 * Months of each kind beside counting on a calendar, on every day of 400 years;
 * and what the order of edges rests on: how far apart they can be.
 */
static void
months(void)
{
	static const int many[] = {-13, -1, 1, 2, 3, 11, 12, 13, 25};
	static const char *const unit[] = {"", " months", " rolling months", " calendar months"};
	bool		right[4] = {true, true, true, true};
	bool		bounded = true;
	int			kind;
	size_t		i;

	for (kind = DN_AGING_MONTHS; kind <= DN_AGING_CALENDAR; kind++)
		for (i = kind == DN_AGING_ROLLING ? 2 : 0; i < sizeof(many) / sizeof(many[0]); i++)
		{
			DnAgingRoom room;
			DnAgingCut	cut;
			DnError		err;
			char		text[64];
			int32_t		day;
			int			year = 1900,
						month = 1,
						dom = 1,
						k;

			sprintf(text, "..%d%s, ..", many[i], unit[kind]);
			parse(text, &room, &err);
			dn_day_from_civil(1900, 1, 1, &day);
			for (k = 0; k < 146097; k++, day++)
			{
				int			y = year,
							m = month,
							d = dom,
							n;
				int32_t		expected = 0;

				if (kind == DN_AGING_CALENDAR)
					d = 1;
				if (kind == DN_AGING_ROLLING && ++d > length_of(y, m))
				{
					d = 1;
					if (++m > 12)
						m = 1, y++;
				}
				for (n = kind == DN_AGING_CALENDAR ? many[i] - 1 : many[i]; n != 0; n += n < 0 ? 1 : -1)
				{
					m += n < 0 ? 1 : -1;
					if (m == 0)
						m = 12, y--;
					if (m == 13)
						m = 1, y++;
					if (kind == DN_AGING_ROLLING && d > length_of(y, m))
						d = length_of(y, m);
				}
				if (d > length_of(y, m))
					d = length_of(y, m);
				dn_day_from_civil(y, m, d, &expected);
				dn_aging_cut(&room.scheme, day, &cut);
				right[kind] = right[kind] && cut.from[0] == expected;
				n = kind == DN_AGING_CALENDAR ? many[i] - 1 : many[i];
				bounded = bounded && day - cut.from[0] >= n * 30 + n * 437 / 1000 - (n == 0 ? 0 : 5) &&
					day - cut.from[0] <= n * 30 + n * 437 / 1000 + (n == 0 ? 0 : 5) +
					(kind == DN_AGING_CALENDAR ? 30 : 0);
				if (++dom > length_of(year, month))
				{
					dom = 1;
					if (++month > 12)
						month = 1, year++;
				}
			}
		}
	ok(right[DN_AGING_MONTHS], "months back on every day of 400 years");
	ok(right[DN_AGING_ROLLING], "rolling months back on every day of 400 years");
	ok(right[DN_AGING_CALENDAR], "calendar months back on every day of 400 years");
	ok(bounded, "the days that months take are within the bounds that order edges");
}

/* The range of every bucket holds the days of the bucket and no other. */
static void
ranges(void)
{
	static const char *const texts[] = {
		"30,60,90", "..-8, -7..0, 1..1, 2..", "..", "1 month, 2 months, 90, 4 months", "..0, ..1 calendar month, ..2 calendar months, ..",
		"..-1, ..1 rolling month - 1 day, ..2 rolling months, ..", "..-100000, -99999..99999, 100000.."
	};
	static const int32_t as_of[] = {
		DN_DAY_EVER, DN_DAY_FIRST, DN_DAY_FIRST + 1, -700000, 0, 8824, 8825, 9000, DN_DAY_LAST - 1, DN_DAY_LAST, DN_DAY_NEVER
	};
	size_t		t,
				o;
	bool		same = true,
				none = true;
	int			i,
				k;

	srand(3);
	for (t = 0; t < sizeof(texts) / sizeof(texts[0]); t++)
		for (o = 0; o < sizeof(as_of) / sizeof(as_of[0]); o++)
		{
			DnAgingRoom room;
			DnAgingCut	cut;
			DnError		err;
			int32_t		from,
						to;

			parse(texts[t], &room, &err);
			dn_aging_cut(&room.scheme, as_of[o], &cut);
			none = none && !dn_aging_range(&cut, -1, &from, &to) && !dn_aging_range(&cut, room.scheme.count, &from, &to);
			for (i = 0; i < 600; i++)
			{
				int32_t		due = i < (int) (sizeof(as_of) / sizeof(as_of[0])) ? as_of[i] :
					dn_day_finite(as_of[o]) ? dn_day_add(as_of[o], rand() % 300 - 150) : rand() % 30000;
				int			bucket = dn_aging_bucket(&cut, due);

				for (k = 0; k < room.scheme.count; k++)
					same = same && (dn_aging_range(&cut, k, &from, &to) && due >= from && due <= to) == (k == bucket);
			}
		}
	ok(same, "ranges: a day is in the range of its bucket alone");
	ok(none, "ranges: no range of a bucket that the scheme does not have");
}

/* Whatever bytes a damaged value holds, the check reads no further than its size. */
static void
damage(void)
{
	DnAgingRoom room;
	DnError		err;
	size_t		size,
				cut,
				i;
	bool		survived = true;

	parse("..0 \"open\", 1..30, 31.. \"late\"", &room, &err);
	size = dn_aging_size(&room.scheme);
	for (cut = 0; cut < size; cut++)
	{
		char	   *copy = malloc(cut > 0 ? cut : 1);

		memcpy(copy, room.bytes, cut);
		survived = survived && !dn_aging_valid((const DnAging *) (const void *) copy, cut);
		free(copy);
	}
	ok(survived, "damage: no prefix of a scheme is one");
	srand(1);
	for (i = 0; i < 20000; i++)
	{
		char	   *copy = malloc(size);

		memcpy(copy, room.bytes, size);
		copy[(size_t) rand() % size] = (char) rand();
		copy[(size_t) rand() % 24] = (char) rand();
		if (dn_aging_valid((const DnAging *) (const void *) copy, size))
		{
			DnAgingRoom whole;

			memcpy(whole.bytes, copy, size);
			survived = survived && strlen(print(&whole)) > 0;
		}
		free(copy);
	}
	ok(survived, "damage: changed bytes are refused or readable");
}

/* Random mutations of good texts: refused with a place inside, or read back. */
static void
mutations(void)
{
	static const char *const seeds[] = {
		"30,60,90", "..0 \"not due\", 1..30, 31..60 \"second month\", 61..", "..-8 \"l\"\"r\", -7..0, 1..", "..",
		"1 month, 2 months", "under 30, 2 months; today late", "..-1, ..1 rolling month - 1 day, ..2 calendar months \"x\", .."
	};
	static const char alphabet[] = "0123456789.,-+\" \t\nax\\;dmonthsrligcu";
	bool		fine = true;
	int			i;

	srand(2);
	for (i = 0; i < 200000; i++)
	{
		char		text[128];
		DnAgingRoom a;
		DnAgingRoom b;
		DnError		err;
		int			k;

		strcpy(text, seeds[(size_t) rand() % (sizeof(seeds) / sizeof(seeds[0]))]);
		for (k = rand() % 4; k >= 0; k--)
		{
			size_t		at = (size_t) rand() % (strlen(text) + 1);

			if (rand() % 2 && text[at] != '\0')
				memmove(text + at, text + at + 1, strlen(text + at));
			else
			{
				memmove(text + at + 1, text + at, strlen(text + at) + 1);
				text[at] = alphabet[(size_t) rand() % (sizeof(alphabet) - 1)];
			}
		}
		if (!parse(text, &a, &err))
			fine = fine && err.code != DN_OK && err.what != NULL && err.at <= strlen(text);
		else
			fine = fine && dn_aging_valid(&a.scheme, dn_aging_size(&a.scheme)) &&
				parse(print(&a), &b, &err) && memcmp(&a, &b, sizeof(a)) == 0;
	}
	ok(fine, "mutations: refused or read back");
}

int
main(void)
{
	static const char *const of_short[] = {"not due", "1-30", "31-60", "61-90", "91+"};
	static const char *const of_one[] = {"not due", "1", "2+"};
	static const char *const of_negative[] = {"up to -8", "-7", "-6 to 0", "from 1"};
	static const char *const of_before[] = {"up to -8", "from -7"};
	static const char *const of_zero[] = {"up to -1", "0", "1-5", "6+"};
	static const char *const of_grace[] = {"up to 5", "6-6 or so", "7+"};
	static const char *const of_all[] = {"all"};
	static const char *const of_months[] = {"not due", "1-15", "up to 1 month", "up to 90 days", "91+"};
	static const char *const of_mixed[] = {"up to -1 month", "up to 0 days", "x", "over 1 month - 1 day"};
	char		many[512] = "1";
	char		long_label[128];
	int			i;

	good("30,60,90", "30,60,90");
	good(" 30 ,\t60,  90 ", "30,60,90");
	good("+30,060", "30,60");
	good("1", "1");
	good("100000", "100000");
	good("..", "..");
	good(".. \"all\"", "..");
	good(" .. \"everything\" ", ".. \"everything\"");
	good("..0,1..", "..0, 1..");
	good("..0, 1..30, 31..", "30");
	good("..0 \"not due\", 1..30 \"1-30\", 31.. \"31+\"", "30");
	good("..0 \"not due\", 1..30, 31..60 \"second month\", 61..", "..0, 1..30, 31..60 \"second month\", 61..");
	good("..-8 \"later\", -7..0 \"this week\", 1..", "..-8 \"later\", -7..0 \"this week\", 1..");
	good(".. 0 , 1 .. 1 , 2 ..", "1");
	good("..0 \"say \"\"no\"\"\", 1..", "..0 \"say \"\"no\"\"\", 1..");
	good("..0 \"\xc3\xa9" "chu\", 1..", "..0 \"\xc3\xa9" "chu\", 1..");
	good("..100000, 100001..", "..100000, 100001..");
	good("..-100000, -99999..", "..-100000, -99999..");

	good("under 30,60", "29,59");
	good("UNDER 30 days, 60 d", "29,59");
	good("30,60; today late", "..-1 \"not due\", 0..30, 31..60, 61..");
	good("30;today apart", "..-1 \"not due\", 0..0 \"due today\", 1..30, 31..");
	good("under 30,60; today late", "..-1 \"not due\", 0..29, 30..59, 60..");
	good("..-1 \"not due\", 0..0 \"due today\", 1..", "..-1 \"not due\", 0..0 \"due today\", 1..");
	good("1 month, 2 months, 3 months", "1 month, 2 months, 3 months");
	good("1m,2M,3 Month", "1 month, 2 months, 3 months");
	good("1 month", "1 month");
	good("15, 1 month, 60 days, 3 months", "15, 1 month, 60, 3 months");
	good("1 rolling month, 2 rolling m", "1 rolling month, 2 rolling months");
	good("1 calendar months, 2 calendar months", "1 calendar month, 2 calendar months");
	good("under 1 month, 2 months", "1 month - 1 day, 2 months - 1 day");
	good("2 months +3 days", "2 months + 3 days");
	good("..0, ..1 month, ..2 months, ..", "1 month, 2 months");
	good("..0, 1..1 month, ..", "1 month");
	good("..0, ..30, ..", "30");
	good("..0, ..1 month \"up to 1 month\", ..\"over 1 month\"", "1 month");
	good("..-1 month, ..0, ..1 month \"x\", ..", "..-1 month, ..0, ..1 month \"x\", ..");
	good("..-1 month, ..-7, -6..0, ..", "..-1 month, ..-7, -6..0, 1..");
	good("..0 calendar months, ..1 calendar month, ..", "..0 calendar months, ..1 calendar month, ..");
	good("1200 months", "1200 months");
	good("1 month, 1 month + 1 day", "1 month, 1 month + 1 day");
	labels("15, 1 month, 90", of_months, 5);
	labels("..-1 month, ..0, ..1 month - 1 day \"x\", ..", of_mixed, 4);

	labels("30,60,90", of_short, 5);
	labels("1", of_one, 3);
	labels("..-8, -7..-7, -6..0, 1.. \"from 1\"", of_negative, 4);
	labels("..-8, -7..", of_before, 2);
	labels("..-1, 0..0, 1..5, 6..", of_zero, 4);
	labels("..5, 6..6 \"6-6 or so\", 7..", of_grace, 3);
	labels("..", of_all, 1);

	bad("", DN_SYNTAX, 0, "were expected");
	bad("  ", DN_SYNTAX, 2, "were expected");
	bad("x", DN_SYNTAX, 0, "were expected");
	bad(".", DN_SYNTAX, 0, "were expected");
	bad("30,", DN_SYNTAX, 3, "whole number");
	bad("30,,60", DN_SYNTAX, 3, "whole number");
	bad("30 60", DN_SYNTAX, 3, "a comma or the end");
	bad("30.5", DN_SYNTAX, 2, "a comma or the end");
	bad("30 \"x\"", DN_SYNTAX, 3, "a comma or the end");
	bad("0,30", DN_RANGE, 0, "from 1 to 100000");
	bad("-30", DN_RANGE, 0, "from 1 to 100000");
	bad("100001", DN_RANGE, 0, "from 1 to 100000");
	bad("99999999999999999999", DN_RANGE, 0, "whole number");
	bad("30,30", DN_SYNTAX, 3, "larger");
	bad("60,30", DN_SYNTAX, 3, "larger");
	bad("0..30", DN_SYNTAX, 0, "open below");
	bad("1..30, 31..", DN_SYNTAX, 0, "open below");
	bad("..0", DN_SYNTAX, 3, "open above");
	bad("..0, 1..30", DN_SYNTAX, 10, "open above");
	bad("..0, 2..", DN_SYNTAX, 5, "gap");
	bad("..0, 0..", DN_SYNTAX, 5, "overlaps");
	bad("..0, -5..", DN_SYNTAX, 5, "overlaps");
	bad("..0, 1..0, 1..", DN_SYNTAX, 8, "ends before it begins");
	bad("..0, ..30", DN_SYNTAX, 9, "open above");
	bad("under", DN_SYNTAX, 5, "whole number");
	bad("under 1", DN_RANGE, 0, "no range is left");
	bad("under 1 calendar month", DN_RANGE, 0, "no range is left");
	bad("over 30", DN_SYNTAX, 0, "were expected");
	bad("under ..0, 1..", DN_SYNTAX, 6, "whole number");
	bad("30;", DN_SYNTAX, 3, "today");
	bad("30; late", DN_SYNTAX, 4, "today");
	bad("30; today", DN_SYNTAX, 9, "apart");
	bad("30; today late; today late", DN_SYNTAX, 14, "a comma or the end");
	bad("0 months", DN_RANGE, 0, "from 1 to 1200");
	bad("1201 months", DN_RANGE, 0, "from 1 to 1200");
	bad("..0 months, ..", DN_RANGE, 2, "not 0");
	bad("..0 rolling months, ..", DN_RANGE, 2, "from 1 to 1200");
	bad("..-1201 months, ..", DN_RANGE, 2, "from -1200 to 1200");
	bad("1 rolling", DN_SYNTAX, 9, "months");
	bad("1 calendar day", DN_SYNTAX, 11, "months");
	bad("1 month - 28 days", DN_RANGE, 10, "up to 27");
	bad("1 month - 1", DN_SYNTAX, 11, "days");
	bad("1 month -", DN_SYNTAX, 9, "number of days");
	bad("1 week", DN_SYNTAX, 2, "a comma or the end");
	bad("1 month, 30", DN_SYNTAX, 9, "further back");
	bad("30, 1 month", DN_SYNTAX, 4, "further back");
	bad("2 months, 1 month", DN_SYNTAX, 10, "further back");
	bad("1 month, 1 month", DN_SYNTAX, 9, "further back");
	bad("1 month + 27 days, 2 months - 27 days", DN_SYNTAX, 19, "further back");
	bad("..1 month, ..0, ..", DN_SYNTAX, 13, "further back");
	bad("..1 month, 32..", DN_SYNTAX, 11, "begins with two dots");
	bad("..0, 1", DN_SYNTAX, 6, "two dots");
	bad("..0, 1.30", DN_SYNTAX, 6, "two dots");
	bad("..0, 30", DN_SYNTAX, 7, "two dots");
	bad("..0,", DN_SYNTAX, 4, "a range");
	bad("..0; 1..", DN_SYNTAX, 3, "a comma");
	bad("..0 x, 1..", DN_SYNTAX, 4, "a comma");
	bad("..0, 1.., 2..", DN_SYNTAX, 8, "open above");
	bad(".. ..", DN_SYNTAX, 3, "open above");
	bad("..0 \"\", 1..", DN_SYNTAX, 4, "empty");
	bad("..0 \"x, 1..", DN_SYNTAX, 4, "no end");
	bad("..100001, 100002..", DN_RANGE, 2, "from -100000 to 100000");
	bad("..-100001, -100000..", DN_RANGE, 2, "from -100000 to 100000");
	bad("..0, 99999999999..", DN_RANGE, 5, "a range");

	for (i = 2; i <= DN_AGING_MAX_BUCKETS - 2; i++)
		sprintf(many + strlen(many), ",%d", i);
	good(many, many);
	strcat(many, ",31");
	bad(many, DN_LIMIT, strlen(many) - 2, "at most 32 buckets");
	strcpy(many, "..0");
	for (i = 1; i < DN_AGING_MAX_BUCKETS; i++)
		sprintf(many + strlen(many), ",%d..%d", i, i);
	bad(many, DN_SYNTAX, strlen(many), "open above");
	strcat(many, ",32..");
	bad(many, DN_LIMIT, strlen(many) - 4, "at most 32 buckets");

	memset(long_label, 0, sizeof(long_label));
	strcpy(long_label, ".. \"");
	memset(long_label + 4, 'x', DN_AGING_MAX_LABEL);
	strcat(long_label, "\"");
	good(long_label, long_label);
	long_label[4 + DN_AGING_MAX_LABEL] = 'x';
	strcat(long_label, "\"");
	bad(long_label, DN_LIMIT, 3, "at most 63 bytes");

	buckets();
	infinities();
	months();
	ranges();
	damage();
	mutations();
	return done_testing();
}
