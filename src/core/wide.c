/* core/wide.c: see wide.h */
#include "wide.h"

/*
 * The digits of base 10000 of the magnitude of units of 10^-scale: the most
 * significant one first, without zeros at either end.  Answers how many there
 * are; *weight is the power of 10000 of the first one.
 */
int
dn_base_digits(DnWide units, int scale, int16_t digit[DN_BASE_DIGITS_MAX], int *weight)
{
	static const int power[] = {1, 10, 100, 1000};
	const int	part = power[scale % DN_BASE_DECIMALS];
	DnUWide		left = dn_magnitude(units);
	uint64_t	low;
	int16_t		backwards[DN_BASE_DIGITS_MAX];
	int			n = 0,
				zeros = 0,
				i;

	dn_assert(scale >= 0);
	/* the decimals that fill no whole digit */
	if (part > 1)
	{
		backwards[n++] = (int16_t) ((int) (left % (unsigned) part) * (DN_BASE / part));
		left /= (unsigned) part;
	}
	for (; left > UINT64_MAX; left /= DN_BASE)
		backwards[n++] = (int16_t) (left % DN_BASE);
	for (low = (uint64_t) left; low > 0; low /= DN_BASE)
		backwards[n++] = (int16_t) (low % DN_BASE);

	dn_assert(n <= DN_BASE_DIGITS_MAX);
	*weight = n - 1 - (scale + DN_BASE_DECIMALS - 1) / DN_BASE_DECIMALS;
	while (n > 0 && backwards[n - 1] == 0)
	{
		n--;
		--*weight;
	}
	while (zeros < n && backwards[zeros] == 0)
		zeros++;
	for (i = 0; i < n - zeros; i++)
		digit[i] = backwards[n - 1 - i];
	if (n == 0)
		*weight = 0;
	return n - zeros;
}

/* u with at least "width" digits */
static void
put_digits(DnOut *out, DnUWide u, int width)
{
	char		buf[DN_WIDE_POWER_MAX + 1];
	int			at = (int) sizeof(buf);

	do
	{
		buf[--at] = (char) ('0' + (int) (u % 10));
		u /= 10;
		width--;
	} while (u > 0 || width > 0);
	dn_put_bytes(out, buf + at, sizeof(buf) - (size_t) at);
}

/* units of 10^-scale with dscale decimals, which are not fewer */
void
dn_put_amount(DnOut *out, DnWide units, int scale, int dscale)
{
	DnUWide		whole = (DnUWide) dn_power(scale);

	dn_assert(dscale >= scale);
	if (units < 0)
		dn_put(out, "-");
	put_digits(out, dn_magnitude(units) / whole, 1);
	if (dscale == 0)
		return;
	dn_put(out, ".");
	if (scale > 0)
		put_digits(out, dn_magnitude(units) % whole, scale);
	for (; dscale > scale; dscale--)
		dn_put(out, "0");
}
