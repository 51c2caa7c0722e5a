/*
 * core/text.h: reading and writing the text form of the values.
 *
 * Plain C: no PostgreSQL header, no allocation, no error raised.  A parser
 * takes a DnScan and returns false after the first error, which it has left in
 * scan->err; a printer appends to a DnOut, which counts what it could not hold,
 * so that a caller asks for the length first and prints second.
 */
#ifndef DN_TEXT_H
#define DN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DN_STR_(x) #x
#define DN_STR(x) DN_STR_(x)

/* The kinds of mistake a text can hold; the shell maps each to a SQLSTATE. */
typedef enum DnCode
{
	DN_OK = 0,
	DN_SYNTAX,					/* not of the grammar */
	DN_RANGE,					/* a number too large, too small or too fine */
	DN_DATE,					/* a day that the calendar does not have */
	DN_LIMIT					/* more parts than a value may hold */
} DnCode;

typedef struct DnError
{
	DnCode		code;
	size_t		at;				/* byte offset of the mistake */
	const char *what;			/* a clause: "a channel was expected" */
} DnError;

typedef struct DnScan
{
	const char *start;
	const char *p;
	const char *end;
	DnError		err;
} DnScan;

typedef struct DnOut
{
	char	   *buf;			/* may be NULL when cap is 0 */
	size_t		cap;
	size_t		len;			/* what the whole text needs */
} DnOut;

/* Fees, minimum amounts and compensations are kept as whole ten-thousandths. */
#define DN_FEE_SCALE 4
#define DN_FEE_UNIT INT64_C(10000)
#define DN_FEE_MAX 1000000000000	/* in units of the currency */

/* A word found in the text: not terminated, not copied. */
typedef struct DnWord
{
	const char *p;
	size_t		len;
} DnWord;

extern void dn_scan_init(DnScan *s, const char *text, size_t len);
extern bool dn_fail(DnScan *s, DnCode code, const char *what);
extern bool dn_fail_at(DnScan *s, const char *at, DnCode code, const char *what);

extern void dn_space(DnScan *s);
extern bool dn_at_end(DnScan *s);
extern bool dn_char(DnScan *s, char c);
extern bool dn_peek(DnScan *s, char c);
extern bool dn_word(DnScan *s, DnWord *w);
extern bool dn_keyword(DnScan *s, const char *keyword);
extern bool dn_is(DnWord w, const char *keyword);
extern bool dn_int(DnScan *s, int64_t min, int64_t max, int32_t *out, const char *what);
extern bool dn_decimal(DnScan *s, int scale, int64_t max, int64_t *out, const char *what);
extern bool dn_percent_follows(const DnScan *from);
extern bool dn_date(DnScan *s, int32_t *out);
extern bool dn_quoted(DnScan *s, char *buf, size_t cap, size_t *len, const char *what);
extern bool dn_currency(DnScan *s, char currency[4]);
extern bool dn_fee(DnScan *s, int64_t *units, char currency[4]);
extern bool dn_finish(DnScan *s, const char *what);

extern void dn_put(DnOut *o, const char *text);
extern void dn_put_bytes(DnOut *o, const char *p, size_t len);
extern void dn_put_int(DnOut *o, int64_t v);
extern void dn_put_decimal(DnOut *o, int64_t v, int scale, int least);
extern void dn_put_fee(DnOut *o, const char *keyword, int64_t units, const char *currency);
extern void dn_put_date(DnOut *o, int32_t day);
extern void dn_put_quoted(DnOut *o, const char *p, size_t len);

#endif
