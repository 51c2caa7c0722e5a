/* core/people.c: see people.h */
#include "people.h"

#include "calendar.h"

#include <string.h>

const DnPeople dn_people[DN_LANGUAGES] = {
	[DN_LANGUAGE_EN] = {"en", "YYYY-MM-DD", "%", ".", {"th", "st", "nd", "rd"}, true},
	[DN_LANGUAGE_FR] = {"fr", "DD/MM/YYYY", " %", ",", {"", "er", "", ""}, false},
	[DN_LANGUAGE_DE] = {"de", "DD.MM.YYYY", " %", ",", {".", ".", ".", "."}, false},
	[DN_LANGUAGE_NL] = {"nl", "DD-MM-YYYY", "%", ",", {"e", "e", "e", "e"}, false}
};

/* The language of a code; false if it is none of ours. */
bool
dn_language(const char *code, DnLanguage *language)
{
	int			i;

	for (i = 0; i < DN_LANGUAGES; i++)
		if (strcmp(code, dn_people[i].code) == 0)
		{
			*language = (DnLanguage) i;
			return true;
		}
	return false;
}

/* v units of 10^-scale, trailing zeros dropped down to "least" decimals */
void
dn_put_number(DnOut *out, DnLanguage language, int64_t v, int scale, int least)
{
	char		buf[32];
	DnOut		number = {buf, sizeof(buf), 0};
	const char *point;
	size_t		whole;

	dn_put_decimal(&number, v, scale, least);
	point = memchr(buf, '.', number.len);
	whole = point != NULL ? (size_t) (point - buf) : number.len;
	dn_put_bytes(out, buf, whole);
	if (point == NULL)
		return;
	dn_put(out, dn_people[language].point);
	dn_put_bytes(out, point + 1, number.len - whole - 1);
}

void
dn_put_percent(DnOut *out, DnLanguage language, int64_t v, int scale)
{
	dn_put_number(out, language, v, scale, 0);
	dn_put(out, dn_people[language].percent);
}

void
dn_put_ordinal(DnOut *out, DnLanguage language, int n)
{
	const DnPeople *p = &dn_people[language];
	int			digit = p->last_digit && n / 10 % 10 != 1 ? n % 10 : n;

	dn_put_int(out, n);
	dn_put(out, p->ordinal[digit >= 1 && digit <= 3 ? digit : 0]);
}

/* The last digits of n, as many as a field of a pattern has letters. */
static void
put_field(DnOut *out, int32_t n, int letters)
{
	if (letters > 1)
		put_field(out, n / 10, letters - 1);
	dn_put_int(out, n % 10);
}

/* A day of the years 1 to 9999. */
void
dn_put_day(DnOut *out, DnLanguage language, int32_t day)
{
	const char *p = dn_people[language].day;
	int32_t		year;
	int			month,
				dom;

	dn_civil(day, &year, &month, &dom);
	while (*p != '\0')
	{
		int			n = (int) strspn(p, "D") + (int) strspn(p, "M") + (int) strspn(p, "Y");

		if (n == 0)
			dn_put_bytes(out, p++, 1);
		else
			put_field(out, *p == 'D' ? dom : *p == 'M' ? month : year, n);
		p += n;
	}
}
