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
	ok(parse(canonical, &b, &err) && memcmp(&a, &b, sizeof(a)) == 0 &&
	   dn_aging_cmp(&a.scheme, &b.scheme) == 0, "canonical text reads back: %s", text);
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

/* Every day from -200 to 200 against the ranges written out. */
static void
buckets(void)
{
	static const int ages[] = {-31, -30, -1, 0, 1, 29, 30, 31, 59, 60, 61, 89, 90, 91, 120, 121};
	static const int expected[] = {0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4};
	DnAgingRoom room;
	DnError		err;
	size_t		i;
	bool		same;
	int			day;

	parse("30,60,90", &room, &err);
	same = true;
	for (i = 0; i < sizeof(ages) / sizeof(ages[0]); i++)
		same = same && dn_aging_bucket(&room.scheme, ages[i]) == expected[i];
	ok(same, "bucket of each age at an edge of 30,60,90");

	parse("..-8, -7..0, 1..1, 2..", &room, &err);
	same = true;
	for (day = -200; day <= 200; day++)
		same = same && dn_aging_bucket(&room.scheme, day) ==
			(day <= -8 ? 0 : day <= 0 ? 1 : day == 1 ? 2 : 3);
	ok(same, "bucket of each day in ..-8, -7..0, 1..1, 2..");

	parse("..", &room, &err);
	ok(dn_aging_bucket(&room.scheme, INT64_MIN) == 0 && dn_aging_bucket(&room.scheme, INT64_MAX) == 0,
	   "one bucket for every day");
}

static void
infinities(void)
{
	DnAgingRoom room;
	DnError		err;
	const DnAging *a = &room.scheme;

	parse("..-100000, -99999..100000, 100001..", &room, &err);
	ok(dn_aging_bucket(a, dn_aging_days(DN_DAY_NEVER, DN_DAY_LAST)) == 0, "due date: infinity");
	ok(dn_aging_bucket(a, dn_aging_days(DN_DAY_EVER, DN_DAY_FIRST)) == 2, "due date: -infinity");
	ok(dn_aging_bucket(a, dn_aging_days(DN_DAY_LAST, DN_DAY_NEVER)) == 2, "as of: infinity");
	ok(dn_aging_bucket(a, dn_aging_days(DN_DAY_FIRST, DN_DAY_EVER)) == 0, "as of: -infinity");
	ok(dn_aging_bucket(a, dn_aging_days(DN_DAY_EVER, DN_DAY_NEVER)) == 2, "due and as of: -infinity and infinity");
	ok(dn_aging_bucket(a, dn_aging_days(DN_DAY_NEVER, DN_DAY_EVER)) == 0, "due and as of: infinity and -infinity");
	ok(dn_aging_days(DN_DAY_NEVER, DN_DAY_NEVER) == 0 && dn_aging_days(DN_DAY_EVER, DN_DAY_EVER) == 0,
	   "zero days: the same infinity twice");
	ok(dn_aging_bucket(a, dn_aging_days(DN_DAY_FIRST, DN_DAY_LAST)) == 2, "the longest delay between finite dates");
}

/* Ordered by their days, then by how many there are, then by labels. */
static void
order(void)
{
	static const char *const sorted[] = {
		"..", "..-1, 0..", "..0, 1..", "..0 \"a\", 1..", "..0 \"b\", 1..", "30", "30,60", "30,61", "31"
	};
	DnAgingRoom a;
	DnAgingRoom b;
	DnError		err;
	int			n = (int) (sizeof(sorted) / sizeof(sorted[0]));
	int			i,
				k;

	for (i = 0; i < n; i++)
		for (k = 0; k < n; k++)
		{
			int			cmp,
						back;

			parse(sorted[i], &a, &err);
			parse(sorted[k], &b, &err);
			cmp = dn_aging_cmp(&a.scheme, &b.scheme);
			back = dn_aging_cmp(&b.scheme, &a.scheme);
			if ((cmp == 0) != (i == k) || cmp != -back)
				ok(false, "order: %s", sorted[i]);
		}
	parse("30", &a, &err);
	parse("31", &b, &err);
	ok(dn_aging_cmp(&a.scheme, &b.scheme) < 0, "order: antisymmetric, equal only to itself");
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
		copy[(size_t) rand() % 16] = (char) rand();
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
		"30,60,90", "..0 \"not due\", 1..30, 31..60 \"second month\", 61..", "..-8 \"l\"\"r\", -7..0, 1..", ".."
	};
	static const char alphabet[] = "0123456789.,-+\" \t\nax\\";
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

		strcpy(text, seeds[rand() % 4]);
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
	bad("..0, ..30", DN_SYNTAX, 5, "first range");
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
	order();
	damage();
	mutations();
	return done_testing();
}
