/* identifier/identifier.c: numbers with check digits, and QR codes of payments */
#include "shell.h"

#include "core/identifier.h"
#include "mb/pg_wchar.h"
#include "number.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(dunning_creditor_reference);
PG_FUNCTION_INFO_V1(dunning_french_vat_number);
PG_FUNCTION_INFO_V1(dunning_vat_problem);
PG_FUNCTION_INFO_V1(dunning_is_vat_number);
PG_FUNCTION_INFO_V1(dunning_epc_qr);

typedef bool (*Check) (const char *text, size_t len, DnNumber *n);

/* What is wrong with a number, as a clause. */
static char *
problem_of(const DnNumber *n)
{
	switch (n->fault)
	{
		case DN_NUMBER_CHARACTER:
			return pstrdup("it has a character that is neither a letter nor a digit");
		case DN_NUMBER_LENGTH:
			if (n->least == n->most)
				return psprintf("it has %d letters and digits, not %d", n->len, n->most);
			return psprintf("it has %d letters and digits, not %d to %d", n->len, n->least, n->most);
		case DN_NUMBER_COUNTRY:
			return psprintf("the form of numbers of country \"%.2s\" is not known", n->text);
		case DN_NUMBER_FORM:
			return pstrdup("it has a letter or a digit where the other one is needed");
		case DN_NUMBER_CHECK:
			return pstrdup("its check digits do not match");
		case DN_NUMBER_FINE:
			break;
	}
	elog(ERROR, "a number is fine");
}

static bool
check(FunctionCallInfo fcinfo, Check how, DnNumber *n)
{
	text	   *t = PG_GETARG_TEXT_PP(0);

	return how(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t), n);
}

/* Two functions a number: what is wrong, NULL for nothing; and whether it is fine. */
#define CHECKED(name, how) \
PG_FUNCTION_INFO_V1(dunning_##name##_problem); \
PG_FUNCTION_INFO_V1(dunning_is_##name); \
Datum \
dunning_##name##_problem(PG_FUNCTION_ARGS) \
{ \
	DnNumber	n; \
	if (check(fcinfo, how, &n)) \
		PG_RETURN_NULL(); \
	PG_RETURN_TEXT_P(cstring_to_text(problem_of(&n))); \
} \
Datum \
dunning_is_##name(PG_FUNCTION_ARGS) \
{ \
	DnNumber	n; \
	PG_RETURN_BOOL(check(fcinfo, how, &n)); \
} \
extern int	dunning_identifier_no_semicolon

CHECKED(iban, dn_iban);
CHECKED(creditor_reference, dn_creditor_reference);
CHECKED(siren, dn_siren);
CHECKED(siret, dn_siret);

/* The number that is made of another one; an error if that is not fine. */
static Datum
made(FunctionCallInfo fcinfo, Check how, const char *message, const char *hint)
{
	DnNumber	n;

	if (!check(fcinfo, how, &n))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg(message, text_to_cstring(PG_GETARG_TEXT_PP(0))),
				 errdetail("The number is refused: %s.", problem_of(&n)),
				 errhint("%s", hint)));
	PG_RETURN_TEXT_P(cstring_to_text(n.text));
}

/* creditor_reference(number) */
Datum
dunning_creditor_reference(PG_FUNCTION_ARGS)
{
	return made(fcinfo, dn_make_creditor_reference, "no creditor reference can be made of \"%s\"",
				"Pass at most " DN_STR(DN_REFERENCE_MAX) " letters and digits, without accents. Spaces, \"-\", \"/\", \".\" and \"_\" are left out.");
}

/* french_vat_number(siren) */
Datum
dunning_french_vat_number(PG_FUNCTION_ARGS)
{
	return made(fcinfo, dn_french_vat, "\"%s\" is not a SIREN", "Pass the nine digits of a SIREN.");
}

static bool
check_vat(FunctionCallInfo fcinfo, DnNumber *n)
{
	text	   *t = PG_GETARG_TEXT_PP(0);
	char	   *country = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));

	if (country != NULL && (strlen(country) != 2 || strspn(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is not the code of a country", country),
				 errhint("Write two letters in upper case, such as FR.")));
	return dn_vat(VARDATA_ANY(t), VARSIZE_ANY_EXHDR(t), country, n);
}

/* vat_problem(number, country) */
Datum
dunning_vat_problem(PG_FUNCTION_ARGS)
{
	DnNumber	n;

	if (PG_ARGISNULL(0) || check_vat(fcinfo, &n))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(problem_of(&n)));
}

/* is_vat_number(number, country): NULL for a country whose rule is not known */
Datum
dunning_is_vat_number(PG_FUNCTION_ARGS)
{
	DnNumber	n;
	bool		good;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	good = check_vat(fcinfo, &n);
	if (n.fault == DN_NUMBER_COUNTRY)
		PG_RETURN_NULL();
	PG_RETURN_BOOL(good);
}

/* What is wrong with a field of a QR code. */
pg_noreturn static void
refuse_field(DnEpcFault fault, DnEpcField at)
{
	static const char *const name[] = {"BIC", "name", "IBAN", "amount", "purpose", "reference", "remittance text", "information"};
	static const char *const hint[] = {
		[DN_EPC_BIC] = "A BIC has 8 or 11 characters.",
		[DN_EPC_NAME] = "Shorten the name to " DN_STR(DN_EPC_NAME_MAX) " characters.",
		[DN_EPC_IBAN] = "SELECT dunning.iban_problem(iban) says what is wrong with it.",
		[DN_EPC_AMOUNT] = "Pass 0.01 to 999999999.99 euros, with at most two decimals.",
		[DN_EPC_PURPOSE] = "A purpose has up to four capital letters and digits.",
		[DN_EPC_REFERENCE] = "Pass a creditor reference of ISO 11649, as made by dunning.creditor_reference, or pass the text as remittance.",
		[DN_EPC_REMITTANCE] = "Shorten it to " DN_STR(DN_EPC_REMITTANCE_MAX) " characters.",
		[DN_EPC_INFORMATION] = "Shorten it to " DN_STR(DN_EPC_INFORMATION_MAX) " characters."
	};

	switch (fault)
	{
		case DN_EPC_MISSING:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a QR code of a payment needs the field \"%s\"", name[at])));
		case DN_EPC_CONTROL:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the field \"%s\" of a QR code has a line break or another control character", name[at]),
					 errhint("Fields are lines of the code: replace the character by a space.")));
		case DN_EPC_BOTH:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a QR code of a payment has either a reference or a remittance text"),
					 errhint("Pass NULL for one of them.")));
		case DN_EPC_BYTES:
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("the fields of a QR code of a payment exceed %d bytes in all", DN_EPC_BYTES_MAX),
					 errhint("Shorten the name or the texts.")));
		default:
			ereport(ERROR,
					(errcode(fault == DN_EPC_LONG ? ERRCODE_PROGRAM_LIMIT_EXCEEDED : ERRCODE_INVALID_PARAMETER_VALUE),
					 fault == DN_EPC_LONG ? errmsg("the field \"%s\" of a QR code is too long", name[at])
					 : errmsg("the field \"%s\" of a QR code is not valid", name[at]),
					 errhint("%s", hint[at])));
	}
}

/* epc_qr(name, iban, amount, reference, remittance, bic, purpose, information) */
Datum
dunning_epc_qr(PG_FUNCTION_ARGS)
{
	static const DnEpcField order[] = {DN_EPC_NAME, DN_EPC_IBAN, DN_EPC_AMOUNT, DN_EPC_REFERENCE, DN_EPC_REMITTANCE, DN_EPC_BIC,
	DN_EPC_PURPOSE, DN_EPC_INFORMATION};
	const char *field[DN_EPC_FIELDS] = {NULL};
	char		buf[DN_EPC_BYTES_MAX + 1];
	DnEpcField	at;
	DnEpcFault	fault;
	int			i;

	if (dunning_null_among(fcinfo, 2))
		PG_RETURN_NULL();
	for (i = 0; i < DN_EPC_FIELDS; i++)
	{
		char	   *said;

		if (PG_ARGISNULL(i))
			continue;
		if (order[i] == DN_EPC_AMOUNT)
			said = dunning_number_text(DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale, PG_GETARG_DATUM(i))));
		else
			said = text_to_cstring(PG_GETARG_TEXT_PP(i));
		field[order[i]] = pg_server_to_any(said, (int) strlen(said), PG_UTF8);
	}
	fault = dn_epc_qr(field, buf, &at);
	if (fault != DN_EPC_FINE)
		refuse_field(fault, at);
	PG_RETURN_TEXT_P(cstring_to_text(pg_any_to_server(buf, (int) strlen(buf), PG_UTF8)));
}
