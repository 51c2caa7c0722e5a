/*
 * people/people.c: numbers, money and days as people of a language write them.
 *
 * Signs beyond ASCII are written where the encoding is sure to have them.  A
 * language that is none of ours is written as French is, but refused by the
 * public functions.
 */
#include "shell.h"

#include "core/days.h"
#include "core/people.h"
#include "mb/pg_wchar.h"
#include "number.h"
#include "utils/builtins.h"
#include "utils/date.h"

PG_FUNCTION_INFO_V1(dunning_number_as_text);
PG_FUNCTION_INFO_V1(dunning_percent_text);
PG_FUNCTION_INFO_V1(dunning_money_text);
PG_FUNCTION_INFO_V1(dunning_day_in_words);
PG_FUNCTION_INFO_V1(dunning_grouped);
PG_FUNCTION_INFO_V1(dunning_format_amount);
PG_FUNCTION_INFO_V1(dunning_format_date);

/* What is to be written. */
typedef struct Said
{
	DnLanguage	language;
	const char *number;
	const char *separator;
	const char *point;
	const char *sign;
	bool		code;			/* the sign is the code of a currency */
	const char *space;
	bool		grouped;		/* thousands are set apart */
	int32		day;
} Said;

static DnLanguage
language_arg(FunctionCallInfo fcinfo, int arg)
{
	DnLanguage	language;

	return dn_language(text_to_cstring(PG_GETARG_TEXT_PP(arg)), &language) ? language : DN_LANGUAGE_FR;
}

static bool
has_signs(void)
{
	return GetDatabaseEncoding() == PG_UTF8;
}

/* A no-break space. */
static const char *
space(void)
{
	return has_signs() ? "\302\240" : " ";
}

/* The digits with at least so many decimals, and no zeros after them. */
static const char *
digits(Numeric v, int least)
{
	return dunning_number_text(number_show(DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(v))), least));
}

static void
put_number(DnOut *out, const void *value)
{
	const Said *said = value;

	dn_put_digits(out, said->number, said->separator, said->point);
}

static void
put_percent(DnOut *out, const void *value)
{
	const Said *said = value;

	put_number(out, value);
	if (dn_people[said->language].percent[0] == ' ')
		dn_put(out, said->space);
	dn_put(out, "%");
}

static void
put_money(DnOut *out, const void *value)
{
	const Said *said = value;

	dn_put_money(out, said->language, said->number, said->sign, said->code, said->space, said->grouped);
}

static void
put_day(DnOut *out, const void *value)
{
	const Said *said = value;

	dn_put_day_in_words(out, said->language, said->day);
}

/* The sign of a currency where it has one and the encoding, too; else its code. */
static void
set_currency(Said *said, const char *code)
{
	said->sign = has_signs() ? dn_currency_sign(code) : NULL;
	said->code = said->sign == NULL;
	if (said->code)
		said->sign = code;
}

static char *
day_in_words(DnLanguage language, int32 day)
{
	Said		said = {.language = language, .day = day};

	if (DATE_NOT_FINITE(day) || dn_year_of(day) < DN_YEAR_MIN || dn_year_of(day) > DN_YEAR_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("only days of the years %04d to %d can be written", DN_YEAR_MIN, DN_YEAR_MAX)));
	return dunning_print(put_day, &said);
}

/* number_text(number, language) */
Datum
dunning_number_as_text(PG_FUNCTION_ARGS)
{
	Said		said = {.number = dunning_number_text(PG_GETARG_NUMERIC(0)), .separator = ""};

	said.point = dn_people[language_arg(fcinfo, 1)].point;
	PG_RETURN_TEXT_P(cstring_to_text(dunning_print(put_number, &said)));
}

/* percent_text(rate, language) */
Datum
dunning_percent_text(PG_FUNCTION_ARGS)
{
	Said		said = {.number = digits(PG_GETARG_NUMERIC(0), 2), .separator = "", .space = space()};

	said.language = language_arg(fcinfo, 1);
	said.point = dn_people[said.language].point;
	PG_RETURN_TEXT_P(cstring_to_text(dunning_print(put_percent, &said)));
}

/* money_text(amount, currency, language) */
Datum
dunning_money_text(PG_FUNCTION_ARGS)
{
	Numeric		amount = PG_GETARG_NUMERIC(0);
	const char *code = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Said		said = {.space = space()};

	said.language = language_arg(fcinfo, 2);
	said.number = digits(amount, 0);
	if (strchr(said.number, '.') != NULL)
		said.number = digits(amount, 2);
	set_currency(&said, code);
	PG_RETURN_TEXT_P(cstring_to_text(dunning_print(put_money, &said)));
}

/* day_text(day, language) */
Datum
dunning_day_in_words(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(day_in_words(language_arg(fcinfo, 1), PG_GETARG_DATEADT(0))));
}

/* format_date(day, language) */
Datum
dunning_format_date(PG_FUNCTION_ARGS)
{
	DnLanguage	language;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	language = PG_ARGISNULL(1) ? DN_LANGUAGE_EN : dunning_language_arg(fcinfo, 1);
	PG_RETURN_TEXT_P(cstring_to_text(day_in_words(language, PG_GETARG_DATEADT(0))));
}

/* format_amount(amount, decimals, currency, language) */
Datum
dunning_format_amount(PG_FUNCTION_ARGS)
{
	Said		said = {.space = space(), .grouped = true};

	if (PG_ARGISNULL(0) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	said.language = dunning_language_arg(fcinfo, 3);
	said.number = PG_ARGISNULL(1) ? digits(PG_GETARG_NUMERIC(0), 2)
		: dunning_number_text(number_round(PG_GETARG_NUMERIC(0), PG_GETARG_INT32(1)));
	if (!PG_ARGISNULL(2))
		set_currency(&said, text_to_cstring(PG_GETARG_TEXT_PP(2)));
	PG_RETURN_TEXT_P(cstring_to_text(dunning_print(put_money, &said)));
}

/* grouped(amount, decimals, separator, point) */
Datum
dunning_grouped(PG_FUNCTION_ARGS)
{
	Said		said;

	said.number = dunning_number_text(DatumGetNumeric(DirectFunctionCall2(numeric_round, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1))));
	said.separator = text_to_cstring(PG_GETARG_TEXT_PP(2));
	said.point = text_to_cstring(PG_GETARG_TEXT_PP(3));
	PG_RETURN_TEXT_P(cstring_to_text(dunning_print(put_number, &said)));
}
