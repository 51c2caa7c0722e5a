/* core/people.c: see people.h */
#include "people.h"

#include "calendar.h"

#include <string.h>

const DnPeople dn_people[DN_LANGUAGES] = {
	[DN_LANGUAGE_EN] = {"en", "YYYY-MM-DD", true, true, true, "%", ".", ",", {"th", "st", "nd", "rd"}, true},
	[DN_LANGUAGE_FR] = {"fr", "DD/MM/YYYY", false, false, false, " %", ",", " ", {"", "er", "", ""}, false},
	[DN_LANGUAGE_DE] = {"de", "DD.MM.YYYY", false, false, false, " %", ",", ".", {".", ".", ".", "."}, false},
	[DN_LANGUAGE_NL] = {"nl", "DD-MM-YYYY", false, true, false, "%", ",", ".", {"e", "e", "e", "e"}, false},
	[DN_LANGUAGE_IT] = {"it", "DD/MM/YYYY", false, false, false, "%", ",", ".", {"", "", "", ""}, false},
	[DN_LANGUAGE_ES] = {"es", "DD/MM/YYYY", false, false, false, " %", ",", ".", {"", "", "", ""}, false}
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

/*
 * A number in digits, such as -1234.50, with a separator between thousands and
 * another sign before the decimals; what begins with no digit stays as it is.
 */
void
dn_put_digits(DnOut *out, const char *number, const char *separator, const char *point)
{
	size_t		whole;

	if (*number == '-')
		dn_put_bytes(out, number++, 1);
	for (whole = strspn(number, "0123456789"); whole > 0; whole--)
	{
		dn_put_bytes(out, number++, 1);
		if (whole > 1 && whole % 3 == 1)
			dn_put(out, separator);
	}
	if (*number == '.')
	{
		dn_put(out, point);
		number++;
	}
	dn_put(out, number);
}

/* v units of 10^-scale, trailing zeros dropped down to "least" decimals */
void
dn_put_number(DnOut *out, DnLanguage language, int64_t v, int scale, int least)
{
	char		buf[32];
	DnOut		number = {buf, sizeof(buf) - 1, 0};

	dn_put_decimal(&number, v, scale, least);
	buf[number.len] = '\0';
	dn_put_digits(out, buf, "", dn_people[language].point);
}

/* The sign of a currency, in UTF-8; NULL if it has none that is its own. */
const char *
dn_currency_sign(const char *code)
{
	if (strcmp(code, "EUR") == 0)
		return "\342\202\254";
	if (strcmp(code, "GBP") == 0)
		return "\302\243";
	return NULL;
}

/*
 * An amount in digits and the sign of its currency, or its code; the number
 * alone if the sign is NULL.
 */
void
dn_put_money(DnOut *out, DnLanguage language, const char *number,
			 const char *sign, bool code, const char *space, bool grouped)
{
	const DnPeople *p = &dn_people[language];
	const char *separator = !grouped ? "" : *p->group == ' ' ? space : p->group;

	if (sign != NULL && p->sign_first)
	{
		if (p->sign_joined && *number == '-')
			dn_put_bytes(out, number++, 1);
		dn_put(out, sign);
		if (code || !p->sign_joined)
			dn_put(out, space);
	}
	dn_put_digits(out, number, separator, p->point);
	if (sign != NULL && !p->sign_first)
	{
		dn_put(out, space);
		dn_put(out, sign);
	}
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

/* The same in a sentence. */
void
dn_put_day_in_words(DnOut *out, DnLanguage language, int32_t day)
{
	static const char *const month_name[] = {"January", "February", "March", "April", "May", "June", "July",
	"August", "September", "October", "November", "December"};
	int32_t		year;
	int			month,
				dom;

	if (!dn_people[language].month_by_name)
	{
		dn_put_day(out, language, day);
		return;
	}
	dn_civil(day, &year, &month, &dom);
	dn_put_int(out, dom);
	dn_put(out, " ");
	dn_put(out, month_name[month - 1]);
	dn_put(out, " ");
	put_field(out, year, 4);
}
