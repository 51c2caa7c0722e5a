/* test_identifier.c: check digits and the QR payload of core/identifier.c */
#include "core/identifier.h"

#include <stdlib.h>

#include "mutate.h"
#include "tap.h"

typedef bool (*Check) (const char *text, size_t len, DnNumber *n);

static DnNumber n;

static const char *
checked(Check check, const char *text)
{
	static char buf[60];

	if (check(text, strlen(text), &n))
		return n.text;
	snprintf(buf, sizeof(buf), "fault %d %d %d..%d", n.fault, n.len, n.least, n.most);
	return buf;
}

static const char *
vat(const char *text, const char *country)
{
	if (dn_vat(text, strlen(text), country, &n))
		return n.text;
	return n.fault == DN_NUMBER_LENGTH ? "length" : n.fault == DN_NUMBER_FORM ? "form" : n.fault == DN_NUMBER_CHECK ? "check" :
		n.fault == DN_NUMBER_COUNTRY ? "country" : "character";
}

/* The numbers are those of python-stdnum, SwissQRBill, segno and EPC069-12. */
static void
numbers(void)
{
	is_text(checked(dn_iban, "GR16 0110 1050 0000 1054 7023 795"), "GR1601101050000010547023795", "an IBAN with spaces");
	is_text(checked(dn_iban, "fr14\302\2402004 1010 0505 0001 3m02 606"), "FR1420041010050500013M02606", "in lower case, with a space that does not break");
	is_text(checked(dn_iban, "DE12500105170648489890"), "DE12500105170648489890", "a German one");
	is_text(checked(dn_iban, "DE12500105170648489891"), "fault 5 22 22..22", "a wrong digit");
	is_text(checked(dn_iban, "FR7A30066100410001057380116"), "fault 4 27 27..27", "a letter as a check digit");
	is_text(checked(dn_iban, "DE1250010517064848989X"), "fault 4 22 22..22", "a letter in a number of digits");
	is_text(checked(dn_iban, "XX431234"), "fault 3 8 0..0", "a country that is not there");
	is_text(checked(dn_iban, "DE1250010517064848989"), "fault 2 21 22..22", "too short");
	is_text(checked(dn_iban, ""), "fault 2 0 15..34", "nothing");
	is_text(checked(dn_iban, "DE12-500105170648489890"), "fault 1 4 0..0", "a character that it cannot have");
	is_text(checked(dn_iban, "FRxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), "fault 2 56 27..27", "much too long");

	is_text(checked(dn_creditor_reference, "RF18 5390 0754 7034"), "RF18539007547034", "a creditor reference");
	is_text(checked(dn_creditor_reference, "RF17 5390 0754 7034"), "fault 5 16 5..25", "wrong check digits");
	is_text(checked(dn_creditor_reference, "RF462"), "fault 5 5 5..25", "a short one");
	is_text(checked(dn_creditor_reference, "RF04"), "fault 2 4 5..25", "without a reference");
	is_text(checked(dn_creditor_reference, "RF04GHJ74CV9B4DFH99RXPLMMQ43JKL0"), "fault 2 32 5..25", "too long");
	is_text(checked(dn_creditor_reference, "RX18539007547034"), "fault 4 16 5..25", "not RF");
	is_text(checked(dn_make_creditor_reference, "12346"), "RF5112346", "one that is made");
	is_text(checked(dn_make_creditor_reference, "b334bopqe39d902dc"), "RF91B334BOPQE39D902DC", "of letters");
	is_text(checked(dn_make_creditor_reference, "F-2026/101"), "RF45F2026101", "of an invoice number with separators");
	is_text(checked(dn_make_creditor_reference, "123456789012345678901"), "RF40123456789012345678901", "of the most characters");
	is_text(checked(dn_make_creditor_reference, "1234567890123456789012"), "fault 2 22 1..21", "and one more");
	is_text(checked(dn_make_creditor_reference, "--"), "fault 2 0 1..21", "of nothing");
	is_text(checked(dn_make_creditor_reference, "F\303\251"), "fault 1 1 0..0", "of a letter with an accent");

	is_text(checked(dn_siren, "404 833 048"), "404833048", "a SIREN");
	is_text(checked(dn_siren, "217601145"), "217601145", "of a town");
	is_text(checked(dn_siren, "404833049"), "fault 5 9 9..9", "a wrong one");
	is_text(checked(dn_siren, "40483304"), "fault 2 8 9..9", "a short one");
	is_text(checked(dn_siren, "40483304A"), "fault 4 9 0..0", "a letter");
	is_text(checked(dn_siret, "732 829 320 00074"), "73282932000074", "a SIRET");
	is_text(checked(dn_siret, "73282932000075"), "fault 5 14 14..14", "a wrong one");
	is_text(checked(dn_siret, "35600000009075"), "35600000009075", "an office of La Poste");
	is_text(checked(dn_siret, "35600000049838"), "fault 5 14 14..14", "a wrong one");
	is_text(checked(dn_siret, "35600000000048"), "35600000000048", "its head office");
	is_text(checked(dn_siret, "30206838200050"), "30206838200050", "another one");
	is_text(checked(dn_french_vat, "443121975"), "FR46443121975", "the VAT number of a SIREN");
	is_text(checked(dn_french_vat, "443121976"), "fault 5 9 9..9", "of a wrong one");

	is_text(vat("FR 40 303 265 045", NULL), "FR40303265045", "a French VAT number");
	is_text(vat("84323140391", "FR"), "check", "a wrong one");
	is_text(vat("4Z123456782", "FR"), "FR4Z123456782", "of the new style, digit first");
	is_text(vat("IO123456782", "FR"), "form", "letters that are not used");
	is_text(vat("FR 53 0000 04605", NULL), "FR53000004605", "of Monaco");
	is_text(vat("DE136695976", NULL), "DE136695976", "a German one");
	is_text(vat("DE136695978", NULL), "check", "a wrong one");
	is_text(vat("BE0428759497", NULL), "BE0428759497", "a Belgian one");
	is_text(vat("BE 428.759.497", NULL), "BE0428759497", "and with nine digits");
	is_text(vat("BE431150351", NULL), "check", "a wrong one");
	is_text(vat("NL004495445B01", NULL), "NL004495445B01", "a Dutch one");
	is_text(vat("NL002455799B11", NULL), "NL002455799B11", "since 2020");
	is_text(vat("NL123456789B90", NULL), "check", "a wrong one");
	is_text(vat("NL004495445C01", NULL), "form", "without its B");
	is_text(vat("LU15027442", NULL), "LU15027442", "one of Luxembourg");
	is_text(vat("IT00743110157", "IT"), "IT00743110157", "an Italian one with its country twice said");
	is_text(vat("ATU13585627", NULL), "ATU13585627", "an Austrian one");
	is_text(vat("U13585626", "AT"), "check", "a wrong one");
	is_text(vat("PL8567346215", NULL), "PL8567346215", "a Polish one");
	is_text(vat("PT501964843", NULL), "PT501964843", "a Portuguese one");
	is_text(vat("PT50196484", NULL), "length", "too short");
	is_text(vat("ES B58378431", NULL), "country", "a country whose rule is not known");
	is_text(vat("", "FR"), "length", "nothing");
	is_text(vat("F", NULL), "length", "half a country");
	is_text(vat("FR4030326504?", NULL), "character", "a strange character");

	is_text(checked(dn_bic, "BFSWDE33 BER"), "BFSWDE33BER", "the code of a bank");
	is_text(checked(dn_bic, "BFSWDE33"), "BFSWDE33", "without its branch");
	is_text(checked(dn_bic, "BFSWDE33B"), "fault 2 9 11..11", "with half of one");
	is_text(checked(dn_bic, "BFSW4E33"), "fault 4 8 0..0", "with a digit in the country");
}

/* Every single wrong digit and every swap of neighbours is found. */
static void
errors(void)
{
	static const char good[] = "DE12500105170648489890";
	char		text[sizeof(good)];
	int			found = 0,
				total = 0,
				i,
				d;

	for (i = 2; i < (int) sizeof(good) - 1; i++)
		for (d = '0'; d <= '9'; d++)
		{
			memcpy(text, good, sizeof(good));
			text[i] = (char) d;
			total += d != good[i];
			found += !dn_iban(text, strlen(text), &n);
		}
	is_int(found, total, "every wrong digit");
	for (i = 2, found = total = 0; i < (int) sizeof(good) - 2; i++)
	{
		memcpy(text, good, sizeof(good));
		text[i] = good[i + 1];
		text[i + 1] = good[i];
		total += good[i] != good[i + 1];
		found += !dn_iban(text, strlen(text), &n);
	}
	is_int(found, total, "every swap");
}

static char qr[DN_EPC_BYTES_MAX + 1];

static const char *
payload(const char *name, const char *iban, const char *amount, const char *reference, const char *remittance, const char *bic,
		const char *purpose, const char *information)
{
	const char *field[DN_EPC_FIELDS] = {[DN_EPC_NAME] = name, [DN_EPC_IBAN] = iban, [DN_EPC_AMOUNT] = amount,
	[DN_EPC_REFERENCE] = reference, [DN_EPC_REMITTANCE] = remittance, [DN_EPC_BIC] = bic, [DN_EPC_PURPOSE] = purpose,
	[DN_EPC_INFORMATION] = information};
	DnEpcField	at;
	DnEpcFault	fault = dn_epc_qr(field, qr, &at);
	static char said[40];

	if (fault == DN_EPC_FINE)
		return qr;
	snprintf(said, sizeof(said), "fault %d of %d", fault, at);
	return said;
}

static void
codes(void)
{
	static const char iban[] = "FR1420041010050500013M02606";
	char		long_name[200];
	char		long_text[300];

	is_text(payload("Fran\303\247ois D'Alsace S.A.", "FR14 2004 1010 0505 0001 3M02 606", "12.3", NULL, "Client:Marie Louise La Lune", NULL, NULL, NULL),
			"BCD\n002\n1\nSCT\n\nFran\303\247ois D'Alsace S.A.\nFR1420041010050500013M02606\nEUR12.3\n\n\nClient:Marie Louise La Lune",
			"example 2 of EPC069-12, in UTF-8");
	is_text(payload("Wikimedia", "DE33100205000001194700", "1000", "rf18 5390 0754 7034", NULL, "bfswde33ber", "CHAR", "Thanks"),
			"BCD\n002\n1\nSCT\nBFSWDE33BER\nWikimedia\nDE33100205000001194700\nEUR1000\nCHAR\nRF18539007547034\n\nThanks", "all fields");
	is_text(payload("A", iban, NULL, NULL, NULL, NULL, NULL, NULL), "BCD\n002\n1\nSCT\n\nA\nFR1420041010050500013M02606", "those that are needed");
	is_text(payload("A", iban, "", "", "x", "", "", ""), "BCD\n002\n1\nSCT\n\nA\nFR1420041010050500013M02606\n\n\n\nx", "empty fields are none");
	is_text(payload("A", iban, "0.01", NULL, NULL, NULL, NULL, NULL), "BCD\n002\n1\nSCT\n\nA\nFR1420041010050500013M02606\nEUR0.01", "the least amount");
	is_text(payload("A", iban, "999999999.99", NULL, NULL, NULL, NULL, NULL), "BCD\n002\n1\nSCT\n\nA\nFR1420041010050500013M02606\nEUR999999999.99", "the largest one");
	is_text(payload("A", iban, "0.001", NULL, NULL, NULL, NULL, NULL), "fault 4 of 3", "too small");
	is_text(payload("A", iban, "0", NULL, NULL, NULL, NULL, NULL), "fault 4 of 3", "nothing");
	is_text(payload("A", iban, "-5", NULL, NULL, NULL, NULL, NULL), "fault 4 of 3", "negative");
	is_text(payload("A", iban, "9999999990.99", NULL, NULL, NULL, NULL, NULL), "fault 4 of 3", "too large");
	is_text(payload("A", iban, "NaN", NULL, NULL, NULL, NULL, NULL), "fault 4 of 3", "no number");
	is_text(payload(NULL, iban, NULL, NULL, NULL, NULL, NULL, NULL), "fault 1 of 1", "no name");
	is_text(payload("", iban, NULL, NULL, NULL, NULL, NULL, NULL), "fault 1 of 1", "an empty one");
	is_text(payload("A", NULL, NULL, NULL, NULL, NULL, NULL, NULL), "fault 1 of 2", "no IBAN");
	is_text(payload("A", "FR1420041010050500013M02607", NULL, NULL, NULL, NULL, NULL, NULL), "fault 4 of 2", "a wrong IBAN");
	is_text(payload("A\nFR", iban, NULL, NULL, NULL, NULL, NULL, NULL), "fault 2 of 1", "a line break");
	is_text(payload("A", iban, NULL, NULL, "a\tb", NULL, NULL, NULL), "fault 2 of 6", "a tab");
	is_text(payload("A", iban, NULL, NULL, NULL, "BFSWDE3", NULL, NULL), "fault 4 of 0", "a wrong BIC");
	is_text(payload("A", iban, NULL, NULL, NULL, NULL, "char", NULL), "fault 4 of 4", "a purpose in lower case");
	is_text(payload("A", iban, NULL, NULL, NULL, NULL, "CHARI", NULL), "fault 4 of 4", "a long one");
	is_text(payload("A", iban, NULL, "RF17539007547034", NULL, NULL, NULL, NULL), "fault 4 of 5", "a wrong reference");
	is_text(payload("A", iban, NULL, "RF18539007547034", "x", NULL, NULL, NULL), "fault 5 of 7", "a reference and a text");

	memset(long_name, '\0', sizeof(long_name));
	while (strlen(long_name) < 140)
		strcat(long_name, "\303\251");
	memset(long_text, 'x', sizeof(long_text));
	long_text[140] = '\0';
	ok(strncmp(payload(long_name, "NL02ABNA0123456789", NULL, NULL, long_text, NULL, NULL, NULL), "BCD", 3) == 0, "the most characters");
	is_int((int64_t) strlen(qr), 15 + 140 + 1 + 18 + 4 + 140, "and their bytes");
	is_text(payload(long_name, "NL02ABNA0123456789", "999999999.99", NULL, long_text, NULL, NULL, NULL), "fault 6 of 7", "too many bytes in all");
	strcat(long_name, "x");
	is_text(payload(long_name, iban, NULL, NULL, NULL, NULL, NULL, NULL), "fault 3 of 1", "too long a name");
	long_text[140] = 'x';
	long_text[141] = '\0';
	is_text(payload("A", iban, NULL, NULL, long_text, NULL, NULL, NULL), "fault 3 of 6", "too long a text");
}

/* Any bytes are read to their end and not beyond; what is fine is fine again in its compact form. */
static void
mutated(void)
{
	static const char *const seeds[] = {"FR14 2004 1010 0505 0001 3M02 606", "RF18 5390 0754 7034", "35600000009075", "FR40303265045",
	"NL004495445B01", "BE 428.759.497", "BFSWDE33BER"};
	static const Check checks[] = {dn_iban, dn_creditor_reference, dn_siren, dn_siret, dn_french_vat, dn_bic, dn_make_creditor_reference};
	int			good = 0,
				total = cases(20000),
				i,
				k;

	for (i = 0; i < total; i++)
	{
		size_t		len;
		char	   *text = mutate(seeds[i % 7], &len);
		DnNumber	again;
		bool		fine = true;

		for (k = 0; k < 7; k++)
			if (checks[k] (text, len, &n) && k != 4 && k != 6)
				fine = fine && checks[k] (n.text, strlen(n.text), &again) && strcmp(n.text, again.text) == 0;
		if (dn_vat(text, len, i % 2 == 0 ? "BE" : NULL, &n))
			fine = fine && dn_vat(n.text, strlen(n.text), NULL, &again) && strcmp(n.text, again.text) == 0;
		good += fine;
		free(text);
	}
	is_int(good, total, "mutated numbers");
}

int
main(void)
{
	numbers();
	errors();
	codes();
	mutated();
	return done_testing();
}
