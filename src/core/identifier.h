/*
 * core/identifier.h: numbers that carry check digits, and the payload of a
 * SEPA credit transfer QR code.
 *
 * Each check reads a number as people write it, with spaces and in any case,
 * and leaves its compact form in a buffer of the caller's.  Check digits show
 * that a number is well written, not that it exists.
 */
#ifndef DN_IDENTIFIER_H
#define DN_IDENTIFIER_H

#include "text.h"

#define DN_NUMBER_MAX 34		/* characters of the longest compact form, that of an IBAN */
#define DN_REFERENCE_MAX 21		/* characters of a creditor reference after RFnn */

typedef enum DnNumberFault
{
	DN_NUMBER_FINE = 0,
	DN_NUMBER_CHARACTER,		/* a character that the number cannot have */
	DN_NUMBER_LENGTH,
	DN_NUMBER_COUNTRY,			/* a country that is not known */
	DN_NUMBER_FORM,				/* a digit where a letter should be, or the other way round */
	DN_NUMBER_CHECK				/* check digits that do not match */
} DnNumberFault;

/* A number in its compact form, terminated, and what is wrong with it. */
typedef struct DnNumber
{
	DnNumberFault fault;
	int			least;			/* of a fault in the length: the characters that it may have */
	int			most;
	int			len;
	char		text[DN_NUMBER_MAX + 1];
} DnNumber;

extern bool dn_iban(const char *text, size_t len, DnNumber *n);
extern bool dn_creditor_reference(const char *text, size_t len, DnNumber *n);
extern bool dn_make_creditor_reference(const char *text, size_t len, DnNumber *n);
extern bool dn_siren(const char *text, size_t len, DnNumber *n);
extern bool dn_siret(const char *text, size_t len, DnNumber *n);
extern bool dn_vat(const char *text, size_t len, const char *country, DnNumber *n);
extern bool dn_french_vat(const char *siren, size_t len, DnNumber *n);
extern bool dn_bic(const char *text, size_t len, DnNumber *n);

/* EPC069-12, version 002: the fields in UTF-8, terminated; NULL for none. */
#define DN_EPC_BYTES_MAX 331
#define DN_EPC_NAME_MAX 70
#define DN_EPC_REMITTANCE_MAX 140
#define DN_EPC_INFORMATION_MAX 70

typedef enum DnEpcField
{
	DN_EPC_BIC,
	DN_EPC_NAME,
	DN_EPC_IBAN,
	DN_EPC_AMOUNT,				/* in digits, without zeros at its end */
	DN_EPC_PURPOSE,
	DN_EPC_REFERENCE,
	DN_EPC_REMITTANCE,
	DN_EPC_INFORMATION,
	DN_EPC_FIELDS
} DnEpcField;

typedef enum DnEpcFault
{
	DN_EPC_FINE = 0,
	DN_EPC_MISSING,				/* a field that is needed */
	DN_EPC_CONTROL,				/* a field with a line break or another control character */
	DN_EPC_LONG,				/* a field with too many characters */
	DN_EPC_BAD,					/* a field that is not what it should be */
	DN_EPC_BOTH,				/* a reference and a remittance text */
	DN_EPC_BYTES				/* too many bytes in all */
} DnEpcFault;

extern DnEpcFault dn_epc_qr(const char *const field[DN_EPC_FIELDS], char buf[DN_EPC_BYTES_MAX + 1], DnEpcField *at);

#endif
