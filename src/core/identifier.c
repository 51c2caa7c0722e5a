/* core/identifier.c: see identifier.h */
#include "identifier.h"

#include <string.h>

/*
 * The account part of an IBAN by country, from the registry of SWIFT: n are
 * digits, a are letters, c are either.
 */
typedef struct Iban
{
	char		country[3];
	const char *account;
} Iban;

static const Iban iban[] = {
	{"AD", "8n12c"}, {"AE", "19n"}, {"AL", "8n16c"}, {"AT", "16n"}, {"AZ", "4a20c"}, {"BA", "16n"}, {"BE", "12n"}, {"BG", "4a6n8c"},
	{"BH", "4a14c"}, {"BI", "23n"}, {"BR", "23n1a1c"}, {"BY", "4c4n16c"}, {"CH", "5n12c"}, {"CR", "18n"}, {"CY", "8n16c"}, {"CZ", "20n"},
	{"DE", "18n"}, {"DJ", "23n"}, {"DK", "14n"}, {"DO", "4c20n"}, {"EE", "16n"}, {"EG", "25n"}, {"ES", "20n"}, {"FI", "14n"},
	{"FK", "2a12n"}, {"FO", "14n"}, {"FR", "10n11c2n"}, {"GB", "4a14n"}, {"GE", "2a16n"}, {"GI", "4a15c"}, {"GL", "14n"}, {"GR", "7n16c"},
	{"GT", "24c"}, {"HN", "4a20n"}, {"HR", "17n"}, {"HU", "24n"}, {"IE", "4a14n"}, {"IL", "19n"}, {"IQ", "4a15n"}, {"IS", "22n"},
	{"IT", "1a10n12c"}, {"JO", "4a4n18c"}, {"KW", "4a22c"}, {"KZ", "3n13c"}, {"LB", "4n20c"}, {"LC", "4a24c"}, {"LI", "5n12c"}, {"LT", "16n"},
	{"LU", "3n13c"}, {"LV", "4a13c"}, {"LY", "21n"}, {"MC", "10n11c2n"}, {"MD", "20c"}, {"ME", "18n"}, {"MK", "3n10c2n"}, {"MN", "16n"},
	{"MR", "23n"}, {"MT", "4a5n18c"}, {"MU", "4a19n3a"}, {"NI", "4a20n"}, {"NL", "4a10n"}, {"NO", "11n"}, {"OM", "3n16c"}, {"PK", "4a16c"},
	{"PL", "24n"}, {"PS", "4a21c"}, {"PT", "21n"}, {"QA", "4a21c"}, {"RO", "4a16c"}, {"RS", "18n"}, {"RU", "14n15c"}, {"SA", "2n18c"},
	{"SC", "4a20n3a"}, {"SD", "14n"}, {"SE", "20n"}, {"SI", "15n"}, {"SK", "20n"}, {"SM", "1a10n12c"}, {"SO", "19n"}, {"ST", "21n"},
	{"SV", "4a20n"}, {"TL", "19n"}, {"TN", "20n"}, {"TR", "6n16c"}, {"UA", "6n19c"}, {"VA", "18n"}, {"VG", "4a16n"}, {"XK", "16n"},
	{"YE", "4a4n18c"}
};

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

static int
value(char c)
{
	return c - '0';
}

static bool
fault(DnNumber *n, DnNumberFault what)
{
	n->fault = what;
	return what == DN_NUMBER_FINE;
}

static bool
length(DnNumber *n, int least, int most)
{
	n->least = least;
	n->most = most;
	return (n->len >= least && n->len <= most) || fault(n, DN_NUMBER_LENGTH);
}

/*
 * The letters in upper case and the digits, without spaces and the separators
 * that people put between them.  What does not fit is counted.
 */
static bool
compact(const char *text, size_t len, const char *separators, DnNumber *n)
{
	size_t		i;

	memset(n, 0, sizeof(*n));
	for (i = 0; i < len; i++)
	{
		char		c = text[i];

		if (c == ' ' || (c != '\0' && strchr(separators, c) != NULL))
			continue;
		if (i + 1 < len && c == '\302' && text[i + 1] == '\240')
		{
			i++;				/* a space that does not break */
			continue;
		}
		if (c >= 'a' && c <= 'z')
			c = (char) (c - 'a' + 'A');
		if (!digit(c) && !letter(c))
			return fault(n, DN_NUMBER_CHARACTER);
		if (n->len < DN_NUMBER_MAX)
			n->text[n->len] = c;
		else if (n->len > 1000)
			break;
		n->len++;
	}
	return true;
}

static bool
all_digits(const char *p, int len)
{
	while (len-- > 0)
		if (!digit(*p++))
			return false;
	return true;
}

/* The number that digits make, modulo m. */
static int
modulo(const char *p, int len, int m)
{
	int			v = 0;

	while (len-- > 0)
		v = (v * 10 + value(*p++)) % m;
	return v;
}

/* ISO 7064 mod 97-10, which continues from v: a letter counts as 10 to 35. */
static int
mod97(int v, const char *p, int len)
{
	for (; len-- > 0; p++)
		v = digit(*p) ? (v * 10 + value(*p)) % 97 : (v * 100 + *p - 'A' + 10) % 97;
	return v;
}

/* The digits, every second one from the right doubled; 0 modulo 10 by Luhn. */
static int
luhn(const char *p, int len)
{
	int			sum = 0,
				i;

	for (i = 0; i < len; i++)
	{
		int			d = value(p[len - 1 - i]);

		sum += i % 2 == 0 ? d : d * 2 > 9 ? d * 2 - 9 : d * 2;
	}
	return sum;
}

static int
weighted(const char *p, const char *weights)
{
	int			sum = 0;

	for (; *weights != '\0'; p++, weights++)
		sum += value(*p) * value(*weights);
	return sum;
}

/* Whether characters are those of a pattern such as 4a14n, which has their number. */
static bool
matches(const char *p, const char *pattern)
{
	while (*pattern != '\0')
	{
		int			n = 0;

		for (; digit(*pattern); pattern++)
			n = n * 10 + value(*pattern);
		for (; n > 0; n--, p++)
			if ((*pattern == 'n' && !digit(*p)) || (*pattern == 'a' && !letter(*p)))
				return false;
		pattern++;
	}
	return true;
}

static int
pattern_length(const char *pattern)
{
	int			sum = 0,
				n = 0;

	for (; *pattern != '\0'; pattern++)
		if (digit(*pattern))
			n = n * 10 + value(*pattern);
		else
		{
			sum += n;
			n = 0;
		}
	return sum;
}

bool
dn_iban(const char *text, size_t len, DnNumber *n)
{
	const char *account = NULL;
	size_t		i;

	if (!compact(text, len, "", n) || (n->len < 4 && !length(n, 15, DN_NUMBER_MAX)))
		return false;
	for (i = 0; i < sizeof(iban) / sizeof(iban[0]); i++)
		if (memcmp(iban[i].country, n->text, 2) == 0)
			account = iban[i].account;
	if (account == NULL)
		return fault(n, DN_NUMBER_COUNTRY);
	if (!length(n, 4 + pattern_length(account), 4 + pattern_length(account)))
		return false;
	if (!all_digits(n->text + 2, 2) || !matches(n->text + 4, account))
		return fault(n, DN_NUMBER_FORM);
	if (mod97(mod97(0, n->text + 4, n->len - 4), n->text, 4) != 1)
		return fault(n, DN_NUMBER_CHECK);
	return true;
}

/* RF, two check digits, and up to 21 letters and digits: ISO 11649 */
bool
dn_creditor_reference(const char *text, size_t len, DnNumber *n)
{
	if (!compact(text, len, "", n) || !length(n, 5, 4 + DN_REFERENCE_MAX))
		return false;
	if (memcmp(n->text, "RF", 2) != 0 || !all_digits(n->text + 2, 2))
		return fault(n, DN_NUMBER_FORM);
	return mod97(mod97(0, n->text + 4, n->len - 4), n->text, 4) == 1 || fault(n, DN_NUMBER_CHECK);
}

/* The creditor reference of a number of one's own, which may have separators. */
bool
dn_make_creditor_reference(const char *text, size_t len, DnNumber *n)
{
	int			check;

	if (!compact(text, len, "-/._", n) || !length(n, 1, DN_REFERENCE_MAX))
		return false;
	memmove(n->text + 4, n->text, (size_t) n->len);
	n->len += 4;
	memcpy(n->text, "RF00", 4);
	check = 98 - mod97(mod97(0, n->text + 4, n->len - 4), n->text, 4);
	n->text[2] = (char) ('0' + check / 10);
	n->text[3] = (char) ('0' + check % 10);
	return true;
}

static bool
number_of_digits(const char *text, size_t len, int digits, DnNumber *n)
{
	return compact(text, len, ".", n) && (all_digits(n->text, n->len < DN_NUMBER_MAX ? n->len : DN_NUMBER_MAX) || fault(n, DN_NUMBER_FORM)) &&
		length(n, digits, digits);
}

bool
dn_siren(const char *text, size_t len, DnNumber *n)
{
	return number_of_digits(text, len, 9, n) && (luhn(n->text, 9) % 10 == 0 || fault(n, DN_NUMBER_CHECK));
}

/*
 * A SIREN and five digits.  La Poste has too many offices for Luhn: the digits
 * of all but its head office add up to a multiple of 5.
 */
bool
dn_siret(const char *text, size_t len, DnNumber *n)
{
	bool		good;

	if (!number_of_digits(text, len, 14, n))
		return false;
	if (memcmp(n->text, "356000000", 9) == 0 && strcmp(n->text, "35600000000048") != 0)
		good = weighted(n->text, "11111111111111") % 5 == 0;
	else
		good = luhn(n->text, 9) % 10 == 0 && luhn(n->text, 14) % 10 == 0;
	return good || fault(n, DN_NUMBER_CHECK);
}

/* VAT numbers without the code of the country */

/*
 * Two characters and a SIREN.  The last nine digits of a number of Monaco,
 * which begin with 000, are no SIREN.
 */
static bool
vat_fr(const char *p)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	int			first = (int) (strchr(alphabet, p[0]) - alphabet),
				second = (int) (strchr(alphabet, p[1]) - alphabet),
				check;

	if (memcmp(p + 2, "000", 3) != 0 && luhn(p + 2, 9) % 10 != 0)
		return false;
	if (digit(p[0]) && digit(p[1]))
		return (modulo(p + 2, 9, 97) * 100 + 12) % 97 == modulo(p, 2, 100);
	check = digit(p[0]) ? first * 24 + second - 10 : first * 34 + second - 100;
	return (modulo(p + 2, 9, 11) + 1 + check / 11) % 11 == check % 11;
}

/* ISO 7064 mod 11,10 */
static bool
vat_de(const char *p)
{
	int			product = 10,
				i;

	for (i = 0; i < 8; i++)
	{
		int			sum = (value(p[i]) + product) % 10;

		product = (sum == 0 ? 10 : sum) * 2 % 11;
	}
	return p[0] != '0' && (11 - product) % 10 == value(p[8]);
}

static bool
vat_be(const char *p)
{
	return p[0] <= '1' && 97 - modulo(p, 8, 97) == modulo(p + 8, 2, 100);
}

/* by the number of the company, or since 2020 over the whole number */
static bool
vat_nl(const char *p)
{
	int			sum = weighted(p, "98765432");

	if (modulo(p, 9, 1000000007) == 0 || modulo(p + 10, 2, 100) == 0)
		return false;
	return (sum - value(p[8])) % 11 == 0 || mod97(mod97(0, "NL", 2), p, 12) == 1;
}

static bool
vat_lu(const char *p)
{
	return modulo(p, 6, 89) == modulo(p + 6, 2, 100);
}

/* seven digits, the office that gave the number, the digit of Luhn */
static bool
vat_it(const char *p)
{
	int			office = modulo(p + 7, 3, 1000);

	return memcmp(p, "0000000", 7) != 0 && ((office >= 1 && office <= 100) || office == 120 || office == 121 || office == 888 || office == 999) &&
		luhn(p, 11) % 10 == 0;
}

static bool
vat_at(const char *p)
{
	return (luhn(p + 1, 7) + 4 + value(p[8])) % 10 == 0;
}

static bool
vat_pl(const char *p)
{
	return weighted(p, "657234567") % 11 == value(p[9]);
}

static bool
vat_pt(const char *p)
{
	return p[0] != '0' && (11 - weighted(p, "98765432") % 11) % 11 % 10 == value(p[8]);
}

typedef struct Vat
{
	char		country[3];
	const char *pattern;		/* U and B stand for themselves, f for a character of the French check */
	bool		(*check) (const char *p);
} Vat;

static const Vat vat[] = {
	{"AT", "Unnnnnnnn", vat_at}, {"BE", "nnnnnnnnnn", vat_be}, {"DE", "nnnnnnnnn", vat_de}, {"FR", "ffnnnnnnnnn", vat_fr},
	{"IT", "nnnnnnnnnnn", vat_it}, {"LU", "nnnnnnnn", vat_lu}, {"NL", "nnnnnnnnnBnn", vat_nl}, {"PL", "nnnnnnnnnn", vat_pl},
	{"PT", "nnnnnnnnn", vat_pt}
};

/*
 * A VAT number of the European Union, for the countries of the table.  It
 * begins with its country, unless that is given; Belgian ones of nine digits
 * get a 0 before them.
 */
bool
dn_vat(const char *text, size_t len, const char *country, DnNumber *n)
{
	const Vat  *v;
	int			want;
	int			i;

	if (!compact(text, len, ".-", n))
		return false;
	if (n->len > DN_NUMBER_MAX - 3)
		return length(n, 0, DN_NUMBER_MAX - 3);
	if (country != NULL && (n->len < 2 || memcmp(n->text, country, 2) != 0))
	{
		memmove(n->text + 2, n->text, (size_t) n->len + 1);
		memcpy(n->text, country, 2);
		n->len += 2;
	}
	if (n->len < 2)
		return length(n, 10, 14);
	for (v = vat; v < vat + sizeof(vat) / sizeof(vat[0]) && memcmp(v->country, n->text, 2) != 0; v++)
		;
	if (v == vat + sizeof(vat) / sizeof(vat[0]))
		return fault(n, DN_NUMBER_COUNTRY);
	want = (int) strlen(v->pattern);
	if (v->check == vat_be && n->len == 2 + 9)
	{
		memmove(n->text + 3, n->text + 2, 10);
		n->text[2] = '0';
		n->len++;
	}
	if (!length(n, 2 + want, 2 + want))
		return false;
	for (i = 0; i < want; i++)
	{
		char		c = n->text[2 + i];
		char		p = v->pattern[i];

		if (p == 'n' ? !digit(c) : p == 'f' ? c == 'I' || c == 'O' : c != p)
			return fault(n, DN_NUMBER_FORM);
	}
	return v->check(n->text + 2) || fault(n, DN_NUMBER_CHECK);
}

bool
dn_french_vat(const char *siren, size_t len, DnNumber *n)
{
	int			check;

	if (!dn_siren(siren, len, n))
		return false;
	check = (modulo(n->text, 9, 97) * 100 + 12) % 97;
	memmove(n->text + 4, n->text, 10);
	n->text[0] = 'F';
	n->text[1] = 'R';
	n->text[2] = (char) ('0' + check / 10);
	n->text[3] = (char) ('0' + check % 10);
	n->len = 13;
	return true;
}

/* The code of a bank: ISO 9362, without a check digit */
bool
dn_bic(const char *text, size_t len, DnNumber *n)
{
	if (!compact(text, len, "", n) || (n->len != 8 && !length(n, 11, 11)))
		return false;
	return matches(n->text, "4c2a2c") || fault(n, DN_NUMBER_FORM);
}

/* The QR code of a SEPA credit transfer */

/* The characters of a text in UTF-8; -1 if it has control characters. */
static int
characters(const char *text)
{
	int			n = 0;

	for (; *text != '\0'; text++)
	{
		unsigned char c = (unsigned char) *text;

		if (c < 0x20 || c == 0x7f)
			return -1;
		n += (c & 0xc0) != 0x80;
	}
	return n;
}

/* 0.01 to 999999999.99, without zeros at the end of its decimals */
static bool
good_amount(const char *amount)
{
	size_t		whole = strspn(amount, "0123456789");
	size_t		decimals = amount[whole] == '.' ? strspn(amount + whole + 1, "0123456789") : 0;

	return whole >= 1 && whole <= 9 && decimals <= 2 && strlen(amount) == whole + (decimals > 0 ? decimals + 1 : 0) &&
		strspn(amount, "0.") < strlen(amount);
}

/*
 * The payload of a QR code by EPC069-12, version 002 in UTF-8.  *at is the
 * field at fault.
 */
DnEpcFault
dn_epc_qr(const char *const field[DN_EPC_FIELDS], char buf[DN_EPC_BYTES_MAX + 1], DnEpcField *at)
{
	static const int most[DN_EPC_FIELDS] = {
		[DN_EPC_NAME] = DN_EPC_NAME_MAX,
		[DN_EPC_REMITTANCE] = DN_EPC_REMITTANCE_MAX,
		[DN_EPC_INFORMATION] = DN_EPC_INFORMATION_MAX
	};
	DnOut		out = {buf, DN_EPC_BYTES_MAX, 0};
	size_t		len = 0;
	DnNumber	n;
	int			i;

	for (i = 0; i < DN_EPC_FIELDS; i++)
	{
		const char *text = field[i];
		int			chars = text != NULL ? characters(text) : 0;

		*at = (DnEpcField) i;
		if (chars == 0 && (i == DN_EPC_NAME || i == DN_EPC_IBAN))
			return DN_EPC_MISSING;
		if (chars < 0)
			return DN_EPC_CONTROL;
		if (most[i] > 0 && chars > most[i])
			return DN_EPC_LONG;
		if (chars == 0)
			continue;
		if ((i == DN_EPC_BIC && !dn_bic(text, strlen(text), &n)) ||
			(i == DN_EPC_IBAN && !dn_iban(text, strlen(text), &n)) ||
			(i == DN_EPC_AMOUNT && !good_amount(text)) ||
			(i == DN_EPC_PURPOSE && (chars > 4 || strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != (size_t) chars)) ||
			(i == DN_EPC_REFERENCE && !dn_creditor_reference(text, strlen(text), &n)))
			return DN_EPC_BAD;
	}
	if (field[DN_EPC_REFERENCE] != NULL && *field[DN_EPC_REFERENCE] != '\0' &&
		field[DN_EPC_REMITTANCE] != NULL && *field[DN_EPC_REMITTANCE] != '\0')
		return DN_EPC_BOTH;

	dn_put(&out, "BCD\n002\n1\nSCT");
	for (i = 0; i < DN_EPC_FIELDS; i++)
	{
		const char *text = field[i] != NULL ? field[i] : "";

		dn_put(&out, "\n");
		if (*text == '\0')
			continue;
		if (i == DN_EPC_AMOUNT)
			dn_put(&out, "EUR");
		if (i == DN_EPC_BIC)
			dn_bic(text, strlen(text), &n);
		else if (i == DN_EPC_IBAN)
			dn_iban(text, strlen(text), &n);
		else if (i == DN_EPC_REFERENCE)
			dn_creditor_reference(text, strlen(text), &n);
		dn_put(&out, i == DN_EPC_BIC || i == DN_EPC_IBAN || i == DN_EPC_REFERENCE ? n.text : text);
		len = out.len;
	}
	if (len > DN_EPC_BYTES_MAX)
		return DN_EPC_BYTES;
	buf[len] = '\0';
	return DN_EPC_FINE;
}
