/*
 * core/balance.h: the dated movements of one open item.
 *
 * A movement is a day and a signed amount: the invoice, a part payment, a
 * credit note.  They stand in the order of their days, and on one day the
 * larger amount first, so that the order of arrival leaves no trace.  Amounts
 * are whole numbers of 10^-scale, all of one width, the least that holds them.
 * Taken without sign they add up to less than 10^DN_BALANCE_DIGITS, so no
 * balance overflows a DnWide.
 */
#ifndef DN_BALANCE_H
#define DN_BALANCE_H

#include <string.h>

#include "days.h"
#include "text.h"
#include "wide.h"

#define DN_MOVEMENTS_MAX 100000	/* movements of one item */
#define DN_MOVEMENT_SCALE_MAX 18	/* decimals of a movement */
#define DN_MOVEMENT_DIGITS 36	/* digits of a movement, decimals included */
#define DN_BALANCE_DIGITS 37	/* digits of the sum of all movements without sign */
#define DN_MOVEMENT_DAY_MIN DN_LITERAL_FIRST
#define DN_MOVEMENT_DAY_MAX DN_LITERAL_LAST

typedef struct DnHistory
{
	int32_t		n;
	int			scale;			/* decimals of the units, the fewest that are exact */
	int			dscale;			/* decimals shown, not fewer than scale */
	int			width;			/* bytes of an amount: 4, 8 or 16 */
	const int32_t *day;
	const unsigned char *amount;	/* n times width bytes, in no alignment */
} DnHistory;

/* A movement on its own, of which a history is made. */
typedef struct DnMovement
{
	DnWide8		units;			/* of 10^-scale */
	int32_t		day;
	int32_t		scale;
} DnMovement;

static inline int32_t
dn_history_day(const DnHistory *h, int i)
{
	return h->day[i];
}

static inline DnWide
dn_history_units(const DnHistory *h, int i)
{
	int32_t		narrow;
	int64_t		wide;
	DnWide		widest;

	switch (h->width)
	{
		case 4:
			memcpy(&narrow, h->amount + (size_t) i * 4, 4);
			return narrow;
		case 8:
			memcpy(&wide, h->amount + (size_t) i * 8, 8);
			return wide;
		default:
			memcpy(&widest, h->amount + (size_t) i * 16, 16);
			return widest;
	}
}

static inline bool
dn_movement_day_valid(int32_t day)
{
	return day >= DN_MOVEMENT_DAY_MIN && day <= DN_MOVEMENT_DAY_MAX;
}

extern bool dn_scan_amount(DnScan *s, DnMovement *m, int *dscale);
extern bool dn_movement_valid(const DnMovement *m);
extern void dn_movement_trim(DnMovement *m);
extern bool dn_movement_rescale(DnMovement *m, int scale);

extern size_t dn_history_room(const char *text, size_t len);
extern bool dn_parse_history(const char *text, size_t len, DnMovement *room,
							 DnHistory *h, DnError *err);
extern bool dn_make_history(DnMovement *m, int32_t n, int dscale, DnHistory *h);
extern void dn_clean_balances(DnMovement *m, int32_t n);
extern void dn_fill_history(const DnMovement *m, const DnHistory *h,
							int32_t *day, unsigned char *amount);
extern bool dn_check_history(const DnHistory *h);
extern void dn_print_history(DnOut *out, const void *history);

extern DnWide dn_history_open(const DnHistory *h, int32_t as_of);
extern DnWide dn_history_item(const DnHistory *h);
extern bool dn_history_settled(const DnHistory *h, int32_t *day);
extern bool dn_history_overpaid(const DnHistory *h, int32_t due_on);
extern bool dn_history_largest(const DnHistory *h, DnWide *units);

/*
 * A payment that came back never was.  The debits of the first day that has any
 * are the item itself.  A later one returns the latest payment of its own amount
 * that was made by its day and has not come back yet; if there is none, it is a
 * debit of its own.  So two movements of one day that cancel out are nothing.
 */
extern bool dn_history_may_return(const DnHistory *h, int32_t as_of);
extern int32_t dn_history_returns(const DnHistory *h, int32_t as_of,
								  int32_t *room, int32_t *partner);
extern void dn_history_stand(const DnHistory *h, const int32_t *partner,
							 int32_t *day, unsigned char *amount, DnHistory *out);

/*
 * An increase of which it is known that it takes payments back, though it has
 * the amount of none: the largest smaller payment, and the rest is a debit, such
 * as the charge of the bank; or a part of the latest payment if all are larger.
 */
#define DN_RETURNS_MAX 1000		/* movements, and returns, beyond which nothing is matched */
extern int32_t dn_match_returns(DnMovement *m, int32_t n, const DnMovement *back, int32_t k,
								unsigned char *mark);

#endif
