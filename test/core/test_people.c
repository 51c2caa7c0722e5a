/* test_people.c: numbers and days for people of core/people.c, and the words of terms */
#include "core/terms_internal.h"

#include <stdlib.h>

#include "tap.h"

static char buf[200];
static DnOut out;

static DnOut *
begin(void)
{
	out = (DnOut) {buf, sizeof(buf) - 1, 0};
	return &out;
}

static const char *
written(void)
{
	buf[out.len] = '\0';
	return buf;
}

static const char *
number(DnLanguage language, int64_t v, int scale, int least)
{
	dn_put_number(begin(), language, v, scale, least);
	return written();
}

static const char *
percent(DnLanguage language, int64_t v)
{
	dn_put_percent(begin(), language, v, 2);
	return written();
}

static const char *
ordinal(DnLanguage language, int n)
{
	dn_put_ordinal(begin(), language, n);
	return written();
}

static const char *
day(DnLanguage language, int year, int month, int dom)
{
	dn_put_day(begin(), language, (int32_t) dn_civil_day(year, month, dom));
	return written();
}

static const char *
digits(const char *number, const char *separator, const char *point)
{
	dn_put_digits(begin(), number, separator, point);
	return written();
}

static const char *
money(DnLanguage language, const char *number, const char *sign, bool code)
{
	dn_put_money(begin(), language, number, sign, code, "_", false);
	return written();
}

static const char *
grouped(DnLanguage language, const char *number, const char *sign)
{
	dn_put_money(begin(), language, number, sign, false, "_", true);
	return written();
}

static const char *
day_in_words(DnLanguage language, int year, int month, int dom)
{
	dn_put_day_in_words(begin(), language, (int32_t) dn_civil_day(year, month, dom));
	return written();
}

static void
amounts(void)
{
	is_text(digits("1234567.50", ",", "."), "1,234,567.50", "thousands are set apart");
	is_text(digits("-123456", ".", ","), "-123.456", "and so are negative ones");
	is_text(digits("123.4567", " ", ","), "123,4567", "but no decimals");
	is_text(digits("0", ",", "."), "0", "nothing");
	is_text(digits("1000", "\302\240", "."), "1\302\240000", "a separator of two bytes");
	is_text(digits("1000", "\\1", ""), "1\\1000", "a separator that is no pattern");
	is_text(digits("NaN", ",", ";"), "NaN", "no number");
	is_text(digits("-Infinity", ",", ";"), "-Infinity", "an infinite one");
	is_text(money(DN_LANGUAGE_EN, "40", "$", false), "$40", "an English amount");
	is_text(money(DN_LANGUAGE_EN, "40.50", "CHF", true), "CHF_40.50", "an English amount with a code");
	is_text(money(DN_LANGUAGE_NL, "40.50", "$", false), "$_40,50", "a Dutch one");
	is_text(money(DN_LANGUAGE_FR, "-40.50", "$", false), "-40,50_$", "a French one");
	is_text(money(DN_LANGUAGE_DE, "40", "CHF", true), "40_CHF", "a German one");
	is_text(money(DN_LANGUAGE_EN, "-40.50", "$", false), "-$40.50", "a negative English one");
	is_text(money(DN_LANGUAGE_EN, "-40.50", "CHF", true), "-CHF_40.50", "and one with a code");
	is_text(money(DN_LANGUAGE_NL, "-40.50", "$", false), "$_-40,50", "a negative Dutch one");
	is_text(grouped(DN_LANGUAGE_EN, "1234567.50", "$"), "$1,234,567.50", "thousands in English");
	is_text(grouped(DN_LANGUAGE_FR, "-1234567.50", "$"), "-1_234_567,50_$", "in French");
	is_text(grouped(DN_LANGUAGE_DE, "1234.50", "$"), "1.234,50_$", "in German");
	is_text(grouped(DN_LANGUAGE_NL, "1234.50", "$"), "$_1.234,50", "in Dutch");
	is_text(grouped(DN_LANGUAGE_NL, "-1234.50", NULL), "-1.234,50", "and without a currency");
	is_text(dn_currency_sign("EUR"), "\342\202\254", "the sign of the euro");
	is_text(dn_currency_sign("GBP"), "\302\243", "and of the pound");
	ok(dn_currency_sign("CHF") == NULL, "the franc has none");
	is_text(day_in_words(DN_LANGUAGE_EN, 2026, 7, 1), "1 July 2026", "an English day in a sentence");
	is_text(day_in_words(DN_LANGUAGE_EN, 5, 12, 31), "31 December 0005", "an early one");
	is_text(day_in_words(DN_LANGUAGE_FR, 2026, 7, 1), "01/07/2026", "a French one");
	is_text(day_in_words(DN_LANGUAGE_DE, 2026, 7, 1), "01.07.2026", "a German one");
	is_text(day_in_words(DN_LANGUAGE_NL, 2026, 7, 1), "01-07-2026", "a Dutch one");
}

static void
numbers(void)
{
	is_text(number(DN_LANGUAGE_EN, 123450, 2, 2), "1234.50", "an English number");
	is_text(number(DN_LANGUAGE_FR, 123450, 2, 2), "1234,50", "a French one");
	is_text(number(DN_LANGUAGE_DE, -5, 4, 0), "-0,0005", "a negative German one");
	is_text(number(DN_LANGUAGE_NL, 20000, 4, 0), "2", "a Dutch one without decimals");
	is_text(number(DN_LANGUAGE_FR, INT64_MIN, 4, 0), "-922337203685477,5808", "the smallest one");
	is_text(percent(DN_LANGUAGE_EN, 250), "2.5%", "an English percentage");
	is_text(percent(DN_LANGUAGE_FR, 250), "2,5 %", "a French one");
	is_text(percent(DN_LANGUAGE_DE, 200), "2 %", "a German one");
	is_text(percent(DN_LANGUAGE_NL, 250), "2,5%", "a Dutch one");
}

static void
ordinals(void)
{
	static const char *const en[] = {
		"1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th", "10th", "11th", "12th", "13th", "14th", "15th", "16th",
		"17th", "18th", "19th", "20th", "21st", "22nd", "23rd", "24th", "25th", "26th", "27th", "28th", "29th", "30th", "31st"
	};
	int			i;

	for (i = 1; i <= 31; i++)
		is_text(ordinal(DN_LANGUAGE_EN, i), en[i - 1], "day %d", i);
	is_text(ordinal(DN_LANGUAGE_FR, 1), "1er", "the first in French");
	is_text(ordinal(DN_LANGUAGE_FR, 21), "21", "the 21st in French");
	is_text(ordinal(DN_LANGUAGE_DE, 21), "21.", "in German");
	is_text(ordinal(DN_LANGUAGE_NL, 2), "2e", "in Dutch");
}

static void
days(void)
{
	is_text(day(DN_LANGUAGE_EN, 2026, 3, 1), "2026-03-01", "an English day");
	is_text(day(DN_LANGUAGE_FR, 2026, 3, 1), "01/03/2026", "a French one");
	is_text(day(DN_LANGUAGE_DE, 2026, 12, 31), "31.12.2026", "a German one");
	is_text(day(DN_LANGUAGE_NL, 1, 2, 3), "03-02-0001", "a Dutch one of the first year");
	is_text(day(DN_LANGUAGE_FR, 9999, 12, 31), "31/12/9999", "the last one");
}

/* Every language has a code of its own, and all that is written in it. */
static void
languages(void)
{
	DnLanguage	found;
	int			i;

	for (i = 0; i < DN_LANGUAGES; i++)
	{
		const DnPeople *p = &dn_people[i];
		const DnWording *w = &dn_terms_words[i]->write;
		const char *word[(sizeof(DnWording) - offsetof(DnWording, unit)) / sizeof(char *)];
		int			missing = 0;
		size_t		k;

		memcpy(word, (const char *) w + offsetof(DnWording, unit), sizeof(word));
		for (k = 0; k < sizeof(word) / sizeof(word[0]); k++)
			missing += word[k] == NULL;
		ok(dn_language(p->code, &found) && found == (DnLanguage) i, "%s is found by its code", p->code);
		ok(p->day != NULL && p->percent != NULL && p->point != NULL && p->ordinal[0] != NULL && p->ordinal[1] != NULL &&
		   p->ordinal[2] != NULL && p->ordinal[3] != NULL, "%s has numbers and days", p->code);
		is_int(missing, 0, "%s has all words of terms", p->code);
		ok(w->language == (DnLanguage) i && !w->canonical, "%s is written with its own numbers", p->code);
	}
	ok(!dn_language("EN", &found) && !dn_language("", &found) && !dn_language("english", &found), "other codes are unknown");
}

/* A phrase that a pattern stands for. */
typedef struct Said
{
	int			kind;
	int			value;
	char		text[80];
} Said;

static Said said[40000];
static int	n_said;

/* What follows a part of a pattern. */
typedef struct Rest
{
	const char *p;
	const char *end;
	const struct Rest *next;
} Rest;

/* Where the alternative that begins at p ends, NULL if its brackets do not match. */
static const char *
alternative_end(const char *p, const char *end)
{
	int			depth = 0;

	for (; p < end && (depth > 0 || *p != '|'); p++)
	{
		depth += *p == '(' || *p == '[' ? 1 : *p == ')' || *p == ']' ? -1 : 0;
		if (depth < 0)
			return NULL;
	}
	return depth == 0 ? p : NULL;
}

/* Writes every phrase of a pattern after the len bytes of phrase; how many faults it has. */
static int
expand(int kind, int value, const char *p, const char *end, const Rest *rest, const char *phrase, size_t len)
{
	char		text[sizeof(said[0].text)];
	int			faults = 0;

	memcpy(text, phrase, len);
	for (; p < end && *p != '(' && *p != '['; p++)
	{
		if (len == sizeof(text) - 1)
			return 1;
		faults += *p != ' ' && (*p < 'a' || *p > 'z');
		text[len++] = *p;
	}
	if (p < end)
	{
		int			depth = 1;
		const char *close = p + 1;
		const char *begin = p + 1;
		const char *to;
		Rest		after = {NULL, end, rest};

		for (; close < end && depth > 0; close++)
			depth += *close == '(' || *close == '[' ? 1 : *close == ')' || *close == ']' ? -1 : 0;
		if (depth != 0)
			return 1;
		after.p = close;
		if (*p == '[')
			faults += expand(kind, value, close, end, rest, text, len);
		for (; begin < close; begin = to + 1)
		{
			to = alternative_end(begin, close - 1);
			if (to == NULL || to == begin)
				return 1;
			faults += expand(kind, value, begin, to, &after, text, len);
		}
		return faults;
	}
	if (rest != NULL)
		return faults + expand(kind, value, rest->p, rest->end, rest->next, text, len);
	text[len] = '\0';
	if (len == 0 || text[0] == ' ' || text[len - 1] == ' ' || strstr(text, "  ") != NULL || n_said == sizeof(said) / sizeof(said[0]))
		return faults + 1;
	said[n_said].kind = kind;
	said[n_said].value = value;
	strcpy(said[n_said++].text, text);
	return faults;
}

static int
by_text(const void *a, const void *b)
{
	const Said *x = a;
	const Said *y = b;

	return x->kind != y->kind ? x->kind - y->kind : strcmp(x->text, y->text);
}

/* All languages are read at once, so their words must not contradict each other. */
static void
phrases(void)
{
	int			ambiguous = 0,
				badly_written = 0,
				empty = 0;
	int			kind,
				i;

	for (kind = 0; kind < DN_WORDS_KINDS; kind++)
	{
		int			n = n_said;

		for (i = 0; i < DN_LANGUAGES; i++)
		{
			const DnPhrase *p = dn_terms_words[i]->read[kind];

			for (; p != NULL && p->text != NULL; p++)
			{
				const char *begin = p->text;
				const char *end = begin + strlen(begin);
				const char *to;
				int			faults = 0;

				for (; begin <= end; begin = to + 1)
				{
					to = alternative_end(begin, end);
					if (to == NULL)
					{
						faults++;
						break;
					}
					faults += expand(kind, p->value, begin, to, NULL, "", 0);
				}
				badly_written += faults;
				if (faults > 0)
					printf("# %s\n", p->text);
			}
		}
		empty += n == n_said;
	}
	qsort(said, (size_t) n_said, sizeof(said[0]), by_text);
	for (i = 1; i < n_said; i++)
		if (by_text(&said[i - 1], &said[i]) == 0 && said[i - 1].value != said[i].value)
		{
			ambiguous++;
			printf("# %s\n", said[i].text);
		}
	is_int(ambiguous, 0, "no phrase means one thing in a language and another in the next");
	is_int(badly_written, 0, "the phrases of the patterns are of lower-case letters and single spaces");
	is_int(empty, 0, "there are words of every kind");
}

int
main(void)
{
	numbers();
	amounts();
	ordinals();
	days();
	languages();
	phrases();
	return done_testing();
}
