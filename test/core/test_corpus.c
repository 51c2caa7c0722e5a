/*
 * test_corpus.c: payment terms as people write them.
 *
 * A row of test/corpus/terms.csv is a wording that somebody published, in which
 * language, how it is read, the due dates of three days of issue by that
 * reading, and where it stands: an address, a repository and a path, "file N", a
 * number in an archive of public source code, or that it was written for the
 * test.  The due dates were worked out from the reading, not by the library.  A
 * reading of "refuse" names why a wording says no due date, or not which of two.
 *
 * The texts of test/corpus/invented.csv and their due dates were written before
 * the parser saw them, many of them to be misread.  The parser learned from
 * some of them later.
 *
 * test/corpus/second_reading.csv has the due dates of terms.csv by somebody who
 * saw the wordings alone, and what was decided where the two differ.
 *
 * No wording may be read wrong.  Some may be refused.  What is read is written
 * as the canonical text and for people of each language, and read back.
 */
#include "core/terms.h"

#include <stdlib.h>

#include "tap.h"

#define DAYS 3					/* of issue */
#define SECOND_COLUMNS (DAYS + 2)
#define COLUMNS (DAYS + 4)
#define ROW_MAX 2000

static const char *const language[] = {"fr", "en", "de", "nl", "it", "es"};

#define LANGUAGES ((int) (sizeof(language) / sizeof(language[0])))

typedef struct Least
{
	int			rows;			/* at least so many */
	int			percent;		/* at least so much of what says a due date is read */
} Least;

static const Least published[LANGUAGES] = {{150, 95}, {60, 90}, {60, 90}, {20, 80}, {20, 80}, {20, 80}};
static const Least invented[LANGUAGES] = {{510, 95}, {290, 90}, {140, 90}, {65, 90}, {80, 90}, {80, 90}};

typedef struct Count
{
	int			said;			/* wordings with a due date */
	int			right;
	int			refused;		/* of which there should be none */
	int			wrong;
	int			unsaid;			/* wordings that must be refused, and are */
} Count;

/* Splits a row in place; how many columns it has. */
static int
split(char *row, char **column, int columns)
{
	int			n = 0;

	while (n < columns)
	{
		bool		quoted = *row == '"';
		char	   *to = row += quoted;

		column[n++] = to;
		while (*row != '\0' && (quoted ? *row != '"' || row[1] == '"' : *row != ',' && *row != '\n'))
		{
			row += quoted && *row == '"';
			*to++ = *row++;
		}
		row += quoted;
		if (*row != ',')
		{
			*to = '\0';
			break;
		}
		row++;
		*to = '\0';
	}
	return n;
}

/* \n in a wording is the end of a line. */
static void
unescape(char *text)
{
	char	   *to = text;

	for (; *text != '\0'; text++)
	{
		if (text[0] == '\\' && text[1] == 'n')
		{
			*to++ = '\n';
			text++;
		}
		else
			*to++ = *text;
	}
	*to = '\0';
}

static void
put_rule(DnOut *out, const DnTerms *t, int first, int n, int32_t issued_on)
{
	static const DnCalendar weekends = {.weekend = DN_WEEKEND_DEFAULT};
	int32_t		day;

	if (dn_rule_day(t, first, n, &weekends, issued_on, &day) == DN_DAY_FOUND)
		dn_put_date(out, day);
}

/* The last day of each discount, and when each part is due. */
static void
put_days(DnOut *out, const DnTerms *t, int32_t issued_on)
{
	int64_t		share[DN_PARTS_MAX];
	int			i;

	for (i = 0; i < t->n_discounts; i++)
	{
		dn_put_decimal(out, t->discount[i].percent, DN_PERCENT_SCALE, 0);
		dn_put(out, "% until ");
		put_rule(out, t, t->discount[i].first, t->discount[i].n, issued_on);
		dn_put(out, "; ");
	}
	if (!dn_shares(t, share))
		dn_put(out, "amounts");
	for (i = 0; i < t->n_parts; i++)
	{
		if (t->n_parts > 1)
		{
			dn_put_decimal(out, share[i], DN_PERCENT_SCALE, 0);
			dn_put(out, "% ");
		}
		put_rule(out, t, t->part[i].first, t->part[i].n, issued_on);
		if (i < t->n_parts - 1)
			dn_put(out, "; ");
	}
}

/* Whether the days of the terms are those of the columns; prints those that are not. */
static bool
same_days(const DnTerms *t, char **column, const int32_t *issued_on, const char *wording)
{
	bool		same = true;
	int			i;

	for (i = 0; i < DAYS; i++)
	{
		char		buf[2000];
		DnOut		out = {buf, sizeof(buf) - 1, 0};

		put_days(&out, t, issued_on[i]);
		buf[out.len < out.cap ? out.len : out.cap] = '\0';
		if (strcmp(buf, column[i]) == 0)
			continue;
		printf("# %s: got %s, expected %s\n", wording, buf, column[i]);
		same = false;
	}
	return same;
}

/* Whether the canonical text and those for people read back as the same terms. */
static bool
reads_back(const DnTerms *t, const char *wording)
{
	static DnTermsRoom room;
	static char first[4000];
	bool		good = true;
	int			i;

	for (i = -1; i < DN_LANGUAGES; i++)
	{
		char		text[4000];
		char		again[4000];
		DnDescribed d = {t, (DnLanguage) (i < 0 ? 0 : i)};
		DnOut		out = {i < 0 ? first : text, sizeof(text) - 1, 0};
		DnOut		canonical = {again, sizeof(again) - 1, 0};
		DnTerms		read;
		DnError		err;

		if (i < 0)
			dn_print_terms(&out, t);
		else
			dn_describe_terms(&out, &d);
		out.buf[out.len] = '\0';
		if (dn_parse_terms(out.buf, out.len, &room, &read, &err))
			dn_print_terms(&canonical, &read);
		again[canonical.len] = '\0';
		if (strcmp(first, again) == 0)
			continue;
		printf("# %s: written as %s, read back as %s\n", wording, out.buf, again);
		good = false;
	}
	return good;
}

static void
row(char **column, const int32_t *issued_on, Count *count)
{
	static DnTermsRoom room;
	bool		unreadable = strncmp(column[2], "refuse", 6) == 0;
	size_t		len;
	DnTerms		t;
	DnError		err = {DN_OK, 0, NULL};
	int			l;

	for (l = 0; l < LANGUAGES && strcmp(column[0], language[l]) != 0; l++)
		;
	if (l == LANGUAGES)
	{
		ok(false, "%s is a language of the corpus", column[0]);
		return;
	}
	unescape(column[1]);
	len = strlen(column[1]);
	count[l].said += !unreadable;
	if (dn_parse_terms(column[1], len, &room, &t, &err))
	{
		if (unreadable)
			printf("# %s: read, expected %s\n", column[1], column[2]);
		if (!unreadable && same_days(&t, column + 3, issued_on, column[1]) && reads_back(&t, column[1]))
			count[l].right++;
		else
			count[l].wrong++;
		return;
	}
	if (err.code == DN_OK || err.at > len || err.what == NULL)
		ok(false, "%s is refused with a place and a reason", column[1]);
	if (unreadable)
	{
		count[l].unsaid++;
		return;
	}
	count[l].refused++;
	printf("# refused at %d: %s: %s\n", (int) err.at, column[1], err.what);
}

/* All rows of a file. */
static void
corpus(const char *name, const Least *least)
{
	FILE	   *file = fopen(name, "r");
	static char line[ROW_MAX];
	Count		count[LANGUAGES];
	char	   *column[COLUMNS];
	int32_t		issued_on[DAYS];
	DnScan		s;
	int			i;

	if (!ok(file != NULL, "%s is there", name))
		return;
	memset(count, 0, sizeof(count));
	ok(fgets(line, sizeof(line), file) != NULL && split(line, column, COLUMNS) == COLUMNS, "it has a heading");
	for (i = 0; i < DAYS; i++)
	{
		dn_scan_init(&s, column[3 + i], strlen(column[3 + i]));
		ok(dn_date(&s, &issued_on[i]), "day of issue %s", column[3 + i]);
	}
	while (fgets(line, sizeof(line), file) != NULL)
	{
		if (split(line, column, COLUMNS) != COLUMNS)
			ok(false, "a row has %d columns: %s", COLUMNS, line);
		else
			row(column, issued_on, count);
	}
	fclose(file);
	for (i = 0; i < LANGUAGES; i++)
	{
		const Count *c = &count[i];

		printf("# %s: %d of %d read right, %d refused, %d read wrong; %d say no due date and are refused\n",
			   language[i], c->right, c->said, c->refused, c->wrong, c->unsaid);
		is_int(c->wrong, 0, "%s: none is read wrong", language[i]);
		ok(c->said + c->unsaid >= least[i].rows, "%s: at least %d wordings", language[i], least[i].rows);
		ok(c->right * 100 >= c->said * least[i].percent, "%s: at least %d %% are read", language[i], least[i].percent);
	}
}

/* The due dates of both readers, row by row. */
static void
second_reading(void)
{
	FILE	   *first = fopen("test/corpus/terms.csv", "r");
	FILE	   *second = fopen("test/corpus/second_reading.csv", "r");
	static char line[ROW_MAX];
	static char line2[ROW_MAX];
	char	   *column[COLUMNS];
	char	   *column2[SECOND_COLUMNS];
	int			rows = 0;
	int			differ = 0;
	int			i;

	if (!ok(first != NULL && second != NULL, "both readings are there"))
		return;
	while (fgets(line, sizeof(line), first) != NULL && fgets(line2, sizeof(line2), second) != NULL)
	{
		bool		same = split(line, column, COLUMNS) == COLUMNS && split(line2, column2, SECOND_COLUMNS) == SECOND_COLUMNS &&
			strcmp(column[1], column2[0]) == 0;

		if (rows++ == 0)
			continue;
		for (i = 0; i < DAYS && same; i++)
			if (strcmp(column[3 + i], column2[1 + i]) != 0)
				same = column2[DAYS + 1][0] != '\0' && column[3 + i][0] == '\0';
		if (!same)
			ok(false, "read alike: %s", column[1]);
		differ += column2[DAYS + 1][0] != '\0';
	}
	ok(fgets(line, sizeof(line), first) == NULL && fgets(line2, sizeof(line2), second) == NULL, "the same wordings");
	ok(rows > 480 && differ < 10, "%d wordings are read twice, %d of them are refused by the first reader alone", rows - 1, differ);
	fclose(first);
	fclose(second);
}

int
main(void)
{
	second_reading();
	corpus("test/corpus/terms.csv", published);
	corpus("test/corpus/invented.csv", invented);
	return done_testing();
}
