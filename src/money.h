/*
 * money.h: numeric amounts as scaled integers, where they fit.
 *
 * Nearly every amount of an accounting table has at most four decimals and
 * fits an int64 as ten-thousandths; such amounts are read straight from the
 * stored digits.  Everything else goes the long way through numeric's own
 * functions, with the same result.
 */
#ifndef DUNNING_MONEY_H
#define DUNNING_MONEY_H

#include "compat.h"
#include "utils/numeric.h"

#define DUNNING_MONEY_SCALE 4	/* decimals of the scaled integers */
#define DUNNING_MONEY_UNIT 10000	/* 10 to that power: numeric's own base */

/* numeric's internal digits: base 10000, as the stored form keeps them */
#define DUNNING_NUMERIC_SIGN_MASK 0xC000
#define DUNNING_NUMERIC_SHORT 0x8000
#define DUNNING_NUMERIC_SHORT_NEGATIVE 0x2000
#define DUNNING_NUMERIC_SHORT_SCALE 7	/* bits below it */
#define DUNNING_NUMERIC_SHORT_WEIGHT 0x007F	/* with its sign, as a two's complement of seven bits */

extern Numeric dunning_scaled_numeric(int64 units, int scale);
extern Numeric dunning_money_numeric(int64 units, int dscale);
extern Numeric dunning_short_numeric(int64 units, int scale);
extern Numeric dunning_wide_numeric(int128 units, int dscale);

/*
 * Reads the packed or plain varlena of a numeric into ten-thousandths and its
 * display scale.  False if it does not fit: NaN, an infinity, more than four
 * decimals, or beyond 9 * 10^14.
 */
static inline bool
dunning_money_read(const struct varlena *packed, int64 *units, int *dscale)
{
	const char *p = VARDATA_ANY(packed);
	int			left = (int) VARSIZE_ANY_EXHDR(packed);
	uint16		header;
	int			weight;
	bool		negative;
	int			n;
	int			i;
	int64		v = 0;

	memcpy(&header, p, sizeof(header));
	if ((header & DUNNING_NUMERIC_SIGN_MASK) == DUNNING_NUMERIC_SIGN_MASK)
		return false;			/* NaN and the infinities */
	if (header & DUNNING_NUMERIC_SHORT)
	{
		negative = (header & 0x2000) != 0;
		*dscale = (header & 0x1F80) >> 7;
		weight = (header & 0x003F) | ((header & 0x0040) ? ~0x003F : 0);
		p += sizeof(uint16);
		left -= (int) sizeof(uint16);
	}
	else
	{
		int16		w;

		memcpy(&w, p + sizeof(uint16), sizeof(w));
		negative = (header & DUNNING_NUMERIC_SIGN_MASK) == 0x4000;
		*dscale = header & 0x3FFF;
		weight = w;
		p += 2 * sizeof(uint16);
		left -= (int) (2 * sizeof(uint16));
	}
	if (*dscale > DUNNING_MONEY_SCALE)
		return false;
	n = left / (int) sizeof(int16);
	if (n == 0)
	{
		*units = 0;
		return true;
	}

	/* the digit of weight -1 is the last one that counts */
	if (n > weight + 2)
		return false;
	for (i = 0; i <= weight + 1; i++)
	{
		int16		d = 0;

		if (i < n)
			memcpy(&d, p + i * sizeof(int16), sizeof(d));
		if (v > (PG_INT64_MAX - 9999) / 10000)
			return false;
		v = v * 10000 + d;
	}
	*units = negative ? -v : v;
	return true;
}

#endif
