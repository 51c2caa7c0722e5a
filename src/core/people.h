/*
 * core/people.h: numbers, percentages, money and days as people of a language
 * write them.
 *
 * A new language is its name in DnLanguage, its row in dn_people, and a table
 * of words wherever there are words: terms_words.c.
 */
#ifndef DN_PEOPLE_H
#define DN_PEOPLE_H

#include "text.h"

typedef enum DnLanguage
{
	DN_LANGUAGE_EN,
	DN_LANGUAGE_FR,
	DN_LANGUAGE_DE,
	DN_LANGUAGE_NL,
	DN_LANGUAGE_IT,
	DN_LANGUAGE_ES,
	DN_LANGUAGES
} DnLanguage;

/* How a language writes what has no words. */
typedef struct DnPeople
{
	const char *code;			/* of ISO 639-1 */
	const char *day;			/* DD/MM/YYYY */
	bool		month_by_name;	/* of a day in a sentence: 1 July 2026 */
	bool		sign_first;		/* of a currency: before the number */
	bool		sign_joined;	/* and without a space */
	const char *percent;		/* the sign, and what stands before it */
	const char *point;			/* before the decimals */
	const char *group;			/* between thousands; " " for a space that does not break */
	const char *ordinal[4];		/* after a number: after any, after 1, 2, 3 */
	bool		last_digit;		/* 21 is followed by what follows 1, but 11 is not */
} DnPeople;

extern const DnPeople dn_people[DN_LANGUAGES];

extern bool dn_language(const char *code, DnLanguage *language);
extern void dn_put_digits(DnOut *out, const char *number, const char *separator, const char *point);
extern void dn_put_number(DnOut *out, DnLanguage language, int64_t v, int scale, int least);
extern void dn_put_percent(DnOut *out, DnLanguage language, int64_t v, int scale);
extern const char *dn_currency_sign(const char *code);
extern void dn_put_money(DnOut *out, DnLanguage language, const char *number,
						 const char *sign, bool code, const char *space, bool grouped);
extern void dn_put_ordinal(DnOut *out, DnLanguage language, int n);
extern void dn_put_day(DnOut *out, DnLanguage language, int32_t day);
extern void dn_put_day_in_words(DnOut *out, DnLanguage language, int32_t day);

#endif
