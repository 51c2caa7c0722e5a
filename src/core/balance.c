/* core/balance.c: the dated movements of one open item */
#include "balance.h"

#define TEN_18 ((DnUWide) UINT64_C(1000000000000000000))
#define AMOUNT_END (TEN_18 * TEN_18)
#define SUM_END (TEN_18 * TEN_18 * 10)

_Static_assert(DN_MOVEMENT_DIGITS == 36 && DN_BALANCE_DIGITS == 37,
			   "the ends are of these numbers of digits");
_Static_assert(sizeof(DnMovement) == 24, "a movement needs no more than 8 bytes of alignment");

static bool
too_large(DnWide units)
{
	return dn_magnitude(units) >= AMOUNT_END;
}

static const char *const amount_what =
	"an amount of at most " DN_STR(DN_MOVEMENT_DIGITS) " digits, at most "
	DN_STR(DN_MOVEMENT_SCALE_MAX) " of them decimals, was expected";

static bool
digit_here(const DnScan *s)
{
	return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}

/* Takes the decimals behind the point; trailing zeros count for *dscale alone. */
static bool
scan_decimals(DnScan *s, DnMovement *m, int *dscale)
{
	int			zeros = 0;

	for (; digit_here(s); s->p++)
	{
		if (*dscale < DN_MOVEMENT_SCALE_MAX)
			++*dscale;
		if (*s->p == '0')
		{
			if (zeros <= DN_MOVEMENT_SCALE_MAX)
				zeros++;
			continue;
		}
		if (m->scale + zeros + 1 > DN_MOVEMENT_SCALE_MAX)
			return false;
		if (!dn_movement_rescale(m, m->scale + zeros + 1))
			return false;
		m->units += *s->p - '0';
		zeros = 0;
	}
	return true;
}

/*
 * A signed amount: its units with the fewest decimals that are exact, and in
 * *dscale the decimals written, at most DN_MOVEMENT_SCALE_MAX.  Zeros beyond
 * those are no error, NaN and the infinities are out of range.
 */
bool
dn_scan_amount(DnScan *s, DnMovement *m, int *dscale)
{
	const char *begin;
	bool		negative = false;

	dn_space(s);
	begin = s->p;
	m->units = 0;
	m->scale = 0;
	*dscale = 0;
	if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
		negative = *s->p++ == '-';
	if (!digit_here(s))
	{
		bool		special = s->p < s->end && *s->p != ' ' &&
			(dn_keyword(s, "nan") || dn_keyword(s, "infinity") || dn_keyword(s, "inf"));

		return dn_fail_at(s, begin, special ? DN_RANGE : DN_SYNTAX, amount_what);
	}
	for (; digit_here(s); s->p++)
	{
		m->units = m->units * 10 + (*s->p - '0');
		if (too_large(m->units))
			return dn_fail_at(s, begin, DN_RANGE, amount_what);
	}
	if (s->p + 1 < s->end && *s->p == '.' && s->p[1] >= '0' && s->p[1] <= '9')
	{
		s->p++;
		if (!scan_decimals(s, m, dscale))
			return dn_fail_at(s, begin, DN_RANGE, amount_what);
	}
	if (negative)
		m->units = -m->units;
	return true;
}

/* Whether a movement from anywhere is one: its day, its decimals, its digits. */
bool
dn_movement_valid(const DnMovement *m)
{
	return dn_movement_day_valid(m->day) && m->scale >= 0 &&
		m->scale <= DN_MOVEMENT_SCALE_MAX && !too_large(m->units);
}

/* The same amount with the fewest decimals that are exact. */
void
dn_movement_trim(DnMovement *m)
{
	if (dn_fits_int64(m->units))
	{
		int64_t		u = (int64_t) m->units;

		for (; m->scale > 0 && u % 10 == 0; m->scale--)
			u /= 10;
		m->units = u;
		return;
	}
	for (; m->scale > 0 && m->units % 10 == 0; m->scale--)
		m->units /= 10;
}

/*
 * The same amount with so many decimals, which must not lose a digit.  False,
 * and nothing done, if it has too many digits then.
 */
bool
dn_movement_rescale(DnMovement *m, int scale)
{
	DnWide		units = m->units;
	int			i;

	for (i = m->scale; i < scale; i++)
	{
		if (dn_magnitude(units) >= AMOUNT_END / 10)
			return false;
		units *= 10;
	}
	for (; i > scale; i--)
		units /= 10;
	m->units = units;
	m->scale = scale;
	return true;
}

/* The order of a history: by day, on one day the larger amount first. */
static bool
before(const DnMovement *a, const DnMovement *b)
{
	return a->day != b->day ? a->day < b->day : a->units > b->units;
}

/* Lets m[root] sink to its place among the heap of n below it. */
static void
sift(DnMovement *m, int32_t root, int32_t n)
{
	DnMovement	top = m[root];
	int32_t		child;

	while ((child = 2 * root + 1) < n)
	{
		if (child + 1 < n && before(&m[child], &m[child + 1]))
			child++;
		if (!before(&top, &m[child]))
			break;
		m[root] = m[child];
		root = child;
	}
	m[root] = top;
}

/* A heap sort, which needs no memory; rows that come in order cost one look. */
static void
sort(DnMovement *m, int32_t n)
{
	int32_t		i;

	for (i = 1; i < n && !before(&m[i], &m[i - 1]); i++)
		;
	if (i >= n)
		return;
	for (i = n / 2; i-- > 0;)
		sift(m, i, n);
	for (i = n - 1; i > 0; i--)
	{
		DnMovement	last = m[i];

		m[i] = m[0];
		m[0] = last;
		sift(m, 0, i);
	}
}

/* The least width that holds an amount, and the sum without signs so far. */
static bool
measure(DnWide units, int *width, DnUWide *sum)
{
	int			needs = 16;

	if (units >= INT32_MIN && units <= INT32_MAX)
		needs = 4;
	else if (dn_fits_int64(units))
		needs = 8;
	if (needs > *width)
		*width = needs;
	*sum += dn_magnitude(units);
	return !too_large(units) && *sum < SUM_END;
}

/*
 * Makes a history of n movements in any order, each with at most
 * DN_MOVEMENT_SCALE_MAX decimals: sorts them, brings them to one scale, and
 * tells n, scale, dscale and width in *h; dn_fill_history does the rest.
 * False if at that scale an amount or their sum has too many digits.
 */
bool
dn_make_history(DnMovement *m, int32_t n, int dscale, DnHistory *h)
{
	DnUWide		sum = 0;
	int32_t		i;

	h->n = n;
	h->scale = 0;
	h->width = 4;
	for (i = 0; i < n; i++)
	{
		dn_movement_trim(&m[i]);
		if (m[i].scale > h->scale)
			h->scale = m[i].scale;
	}
	h->dscale = dscale > h->scale ? dscale : h->scale;
	for (i = 0; i < n; i++)
		if (!dn_movement_rescale(&m[i], h->scale) || !measure(m[i].units, &h->width, &sum))
			return false;
	sort(m, n);
	return true;
}

/*
 * Takes dust from the balance after each movement.  The movements are those of
 * a history, in its order and of one scale; each becomes what the balance
 * without dust changes by.
 */
void
dn_clean_balances(DnMovement *m, int32_t n)
{
	DnWide		balance = 0;
	DnWide		clean = 0;
	int32_t		i;

	for (i = 0; i < n; i++)
	{
		DnWide		before = clean;

		balance += m[i].units;
		clean = dn_without_dust(balance, m[i].scale);
		m[i].units = clean - before;
	}
}

/* Writes the arrays of a history just made: n days, and n times width bytes. */
void
dn_fill_history(const DnMovement *m, const DnHistory *h, int32_t *day, unsigned char *amount)
{
	DnHistory	filled = *h;
	int32_t		i;

	for (i = 0; i < h->n; i++)
	{
		int32_t		narrow = (int32_t) m[i].units;
		int64_t		wide = (int64_t) m[i].units;
		DnWide		widest = m[i].units;

		day[i] = m[i].day;
		switch (h->width)
		{
			case 4:
				memcpy(amount + (size_t) i * 4, &narrow, 4);
				break;
			case 8:
				memcpy(amount + (size_t) i * 8, &wide, 8);
				break;
			default:
				memcpy(amount + (size_t) i * 16, &widest, 16);
				break;
		}
	}
	filled.day = day;
	filled.amount = amount;
	dn_assert(dn_check_history(&filled));
}

/* Whether a history from anywhere is as dn_make_history makes them. */
bool
dn_check_history(const DnHistory *h)
{
	DnUWide		sum = 0;
	int			width = 4;
	bool		fewest = h->scale == 0;
	int32_t		i;

	if (h->n < 0 || h->n > DN_MOVEMENTS_MAX || h->scale < 0 || h->scale > h->dscale ||
		h->dscale > DN_MOVEMENT_SCALE_MAX || (h->width != 4 && h->width != 8 && h->width != 16))
		return false;
	for (i = 0; i < h->n; i++)
	{
		DnWide		units = dn_history_units(h, i);

		if (!dn_movement_day_valid(h->day[i]) || !measure(units, &width, &sum))
			return false;
		if (i > 0 && (h->day[i] < h->day[i - 1] ||
					  (h->day[i] == h->day[i - 1] && units > dn_history_units(h, i - 1))))
			return false;
		if (!fewest && units % 10 != 0)
			fewest = true;
	}
	return fewest && width == h->width;
}

/* How many movements a text can hold at most: the room that it is read into. */
size_t
dn_history_room(const char *text, size_t len)
{
	size_t		n = 0;
	size_t		i;

	for (i = 0; i < len && n < DN_MOVEMENTS_MAX; i++)
		n += text[i] == ':';
	return n;
}

/* A day, of which an infinite one is out of range and not a syntax error. */
static bool
scan_day(DnScan *s, int32_t *day)
{
	const char *begin;

	dn_space(s);
	begin = s->p;
	if (s->p < s->end && (*s->p == '-' || *s->p == '+'))
		s->p++;
	if (dn_keyword(s, "infinity"))
		return dn_fail_at(s, begin, DN_DATE, "a movement has a finite day");
	s->p = begin;
	return dn_date(s, day);
}

/* day: amount */
static bool
scan_movement(DnScan *s, DnMovement *m, int *dscale)
{
	int			decimals;

	if (!scan_day(s, &m->day))
		return false;
	if (!dn_char(s, ':'))
		return dn_fail(s, DN_SYNTAX, "a colon and an amount were expected");
	if (!dn_scan_amount(s, m, &decimals))
		return false;
	if (decimals > *dscale)
		*dscale = decimals;
	return true;
}

/* {day: amount, ...}, where {} has no movement */
static bool
scan_movements(DnScan *s, DnMovement *m, int32_t *n, int *dscale)
{
	if (!dn_char(s, '{'))
		return dn_fail(s, DN_SYNTAX, "an opening brace was expected");
	if (dn_char(s, '}'))
		return true;
	do
	{
		/* the room is of the colons, so what has no colon has no room either */
		DnMovement	one;

		if (!scan_movement(s, &one, dscale))
			return false;
		if (*n == DN_MOVEMENTS_MAX)
			return dn_fail(s, DN_LIMIT, "a history has at most " DN_STR(DN_MOVEMENTS_MAX) " movements");
		m[(*n)++] = one;
	} while (dn_char(s, ','));
	return dn_char(s, '}') || dn_fail(s, DN_SYNTAX, "a comma or a closing brace was expected");
}

/*
 * Reads a text into the room that dn_history_room asks for, as far as
 * dn_make_history does; false with the mistake in *err.
 */
bool
dn_parse_history(const char *text, size_t len, DnMovement *room, DnHistory *h, DnError *err)
{
	DnScan		s;
	int32_t		n = 0;
	int			dscale = 0;

	dn_scan_init(&s, text, len);
	if (scan_movements(&s, room, &n, &dscale) &&
		dn_finish(&s, "nothing may follow the closing brace") &&
		!dn_make_history(room, n, dscale, h))
		dn_fail_at(&s, text, DN_RANGE,
				   "with the decimals of the finest amount an amount has more than "
				   DN_STR(DN_MOVEMENT_DIGITS) " digits, or all of them together more than "
				   DN_STR(DN_BALANCE_DIGITS));
	*err = s.err;
	return s.err.code == DN_OK;
}

void
dn_print_history(DnOut *out, const void *history)
{
	const DnHistory *h = history;
	int32_t		i;

	dn_put(out, "{");
	for (i = 0; i < h->n; i++)
	{
		if (i > 0)
			dn_put(out, ", ");
		dn_put_date(out, h->day[i]);
		dn_put(out, ": ");
		dn_put_amount(out, dn_history_units(h, i), h->scale, h->dscale);
	}
	dn_put(out, "}");
}

/* The balance at the end of a day, which may be infinite. */
DnWide
dn_history_open(const DnHistory *h, int32_t as_of)
{
	DnWide		balance = 0;
	int32_t		i;

	for (i = 0; i < h->n && h->day[i] <= as_of; i++)
		balance += dn_history_units(h, i);
	return balance;
}

/* Whether the movement is the last of its day. */
static bool
ends_day(const DnHistory *h, int32_t i)
{
	return i + 1 == h->n || h->day[i + 1] != h->day[i];
}

/*
 * The day from which on the balance has been zero or below at the end of every
 * day; false if it is above, or if there is no movement.
 */
bool
dn_history_settled(const DnHistory *h, int32_t *day)
{
	DnWide		balance = 0;
	bool		settled = false;
	int32_t		i;

	for (i = 0; i < h->n; i++)
	{
		balance += dn_history_units(h, i);
		if (!ends_day(h, i))
			continue;
		if (balance <= 0 && !settled)
			*day = h->day[i];
		settled = balance <= 0;
	}
	return settled;
}

/*
 * Whether more than the principal was paid before it grew again after the due
 * date.  The surplus may have paid interest and costs, so that more of the
 * principal is open than the balance says.
 */
bool
dn_history_overpaid(const DnHistory *h, int32_t due_on)
{
	DnWide		balance = 0;
	int32_t		i;

	for (i = 0; i < h->n; i++)
	{
		DnWide		units = dn_history_units(h, i);

		if (units > 0 && balance < 0 && h->day[i] > due_on)
			return true;
		balance += units;
	}
	return false;
}

/* The largest balance at the end of a day with a movement; false if there is none. */
bool
dn_history_largest(const DnHistory *h, DnWide *units)
{
	DnWide		balance = 0;
	bool		any = false;
	int32_t		i;

	for (i = 0; i < h->n; i++)
	{
		balance += dn_history_units(h, i);
		if (!ends_day(h, i))
			continue;
		if (!any || balance > *units)
			*units = balance;
		any = true;
	}
	return any;
}

/* The day of the first debit; DN_DAY_NEVER if there is none. */
static int32_t
first_debit(const DnHistory *h)
{
	int32_t		i;

	for (i = 0; i < h->n; i++)
		if (dn_history_units(h, i) > 0)
			return h->day[i];
	return DN_DAY_NEVER;
}

/* The amount of the item itself: the debits of the first day that has any. */
DnWide
dn_history_item(const DnHistory *h)
{
	int32_t		day = first_debit(h);
	DnWide		amount = 0;
	int32_t		i;

	for (i = 0; i < h->n && h->day[i] <= day; i++)
		if (h->day[i] == day && dn_history_units(h, i) > 0)
			amount += dn_history_units(h, i);
	return amount;
}

/* Whether dn_history_returns can find anything; false of most histories. */
bool
dn_history_may_return(const DnHistory *h, int32_t as_of)
{
	int32_t		debit = DN_DAY_NEVER;
	int32_t		payment = DN_DAY_NEVER;
	int32_t		i;

	for (i = 0; i < h->n && h->day[i] <= as_of; i++)
	{
		DnWide		units = dn_history_units(h, i);

		if (units < 0 && payment == DN_DAY_NEVER)
			payment = h->day[i];
		else if (units > 0 && debit == DN_DAY_NEVER)
			debit = h->day[i];
		else if (units > 0 && h->day[i] > debit &&
				 (payment != DN_DAY_NEVER || !ends_day(h, i)))
			return true;
	}
	return false;
}

/* By amount without sign, then by day, on one day payments before debits. */
static bool
paired_before(const DnHistory *h, int32_t a, int32_t b)
{
	DnWide		ua = dn_history_units(h, a);
	DnWide		ub = dn_history_units(h, b);

	if (dn_magnitude(ua) != dn_magnitude(ub))
		return dn_magnitude(ua) < dn_magnitude(ub);
	if (h->day[a] != h->day[b])
		return h->day[a] < h->day[b];
	return ua != ub ? ua < ub : a < b;
}

/* Lets at[root] sink to its place among the heap of n below it. */
static void
sift_pairs(const DnHistory *h, int32_t *at, int32_t root, int32_t n)
{
	int32_t		top = at[root];
	int32_t		child;

	while ((child = 2 * root + 1) < n)
	{
		if (child + 1 < n && paired_before(h, at[child], at[child + 1]))
			child++;
		if (!paired_before(h, top, at[child]))
			break;
		at[root] = at[child];
		root = child;
	}
	at[root] = top;
}

static void
sort_pairs(const DnHistory *h, int32_t *at, int32_t n)
{
	int32_t		i;

	for (i = n / 2; i-- > 0;)
		sift_pairs(h, at, i, n);
	for (i = n - 1; i > 0; i--)
	{
		int32_t		last = at[i];

		at[i] = at[0];
		at[0] = last;
		sift_pairs(h, at, 0, i);
	}
}

/*
 * Which payments came back by a day: partner[i] is the movement that returns
 * payment i, or the payment that debit i returns, or -1.  Tells how many came
 * back.  Both arrays have room for n.
 *
 * Within one amount the payments wait on a stack for their returns; it grows no
 * faster than the movements are read, so it stands where they stood.
 */
int32_t
dn_history_returns(const DnHistory *h, int32_t as_of, int32_t *room, int32_t *partner)
{
	int32_t		item = first_debit(h);
	int32_t		n = 0,
				found = 0,
				base = 0,
				top = 0;
	int32_t		i;

	for (i = 0; i < h->n; i++)
	{
		DnWide		units = dn_history_units(h, i);

		partner[i] = -1;
		if (h->day[i] <= as_of && (units < 0 || (units > 0 && h->day[i] > item)))
			room[n++] = i;
	}
	sort_pairs(h, room, n);
	for (i = 0; i < n; i++)
	{
		int32_t		m = room[i];
		DnWide		units = dn_history_units(h, m);

		/* room[base] is written over below, but keeps its amount */
		if (i == 0 || dn_magnitude(units) != dn_magnitude(dn_history_units(h, room[i - 1])))
			base = top = i;
		if (units < 0)
			room[top++] = m;
		else if (top > base)
		{
			int32_t		payment = room[--top];

			partner[payment] = m;
			partner[m] = payment;
			found++;
		}
	}
	return found;
}

/*
 * The history without the movements that have a partner; "day" and "amount"
 * have room for all of it.
 */
void
dn_history_stand(const DnHistory *h, const int32_t *partner,
				 int32_t *day, unsigned char *amount, DnHistory *out)
{
	int32_t		n = 0;
	int32_t		i;

	for (i = 0; i < h->n; i++)
	{
		dn_assert(partner[i] < 0 || partner[partner[i]] == i);
		if (partner[i] >= 0)
			continue;
		day[n] = h->day[i];
		memcpy(amount + (size_t) n * h->width, h->amount + (size_t) i * h->width, h->width);
		n++;
	}
	*out = *h;
	out->n = n;
	out->day = day;
	out->amount = amount;
}

enum
{
	MARK_NONE,
	MARK_RETURN,				/* is known to take payments back */
	MARK_GONE					/* a payment that came back, or its return */
};

/* The latest payment of an amount by a day that has not come back; -1 if there is none. */
static int32_t
payment_of(const DnMovement *m, int32_t n, const unsigned char *mark, int32_t day, DnWide units)
{
	int32_t		found = -1;
	int32_t		i;

	for (i = 0; i < n; i++)
		if (mark[i] != MARK_GONE && m[i].units == -units && m[i].day <= day && (found < 0 || m[i].day >= m[found].day))
			found = i;
	return found;
}

/* Whether payment a goes before payment b for a return of so much, which neither of them is. */
static bool
nearer(const DnMovement *a, const DnMovement *b, DnWide units)
{
	bool		smaller = -a->units < units;

	if (smaller != (-b->units < units))
		return smaller;
	if (smaller && a->units != b->units)
		return a->units < b->units;
	return a->day != b->day ? a->day > b->day : a->units > b->units;
}

/* The largest smaller payment by a day, or else the latest larger one; -1 if there is none. */
static int32_t
payment_near(const DnMovement *m, int32_t n, const unsigned char *mark, int32_t day, DnWide units)
{
	int32_t		found = -1;
	int32_t		i;

	for (i = 0; i < n; i++)
		if (mark[i] != MARK_GONE && m[i].units < 0 && m[i].day <= day && (found < 0 || nearer(&m[i], &m[found], units)))
			found = i;
	return found;
}

static void
mark_returns(const DnMovement *m, int32_t n, const DnMovement *back, int32_t k, unsigned char *mark)
{
	int32_t		i,
				j;

	for (j = 0; j < k; j++)
		for (i = 0; i < n; i++)
			if (mark[i] == MARK_NONE && m[i].units > 0 && m[i].day == back[j].day && m[i].units == back[j].units)
			{
				mark[i] = MARK_RETURN;
				break;
			}
}

/*
 * Splits movements, so that each return meets a payment of its own amount, as
 * dn_history_returns finds them.  "m" has the n movements of a history in their
 * order and room for k more, "back" those that are known to be returns, all of
 * one scale; "mark" has room for n + k.  Tells how many there are then.
 */
int32_t
dn_match_returns(DnMovement *m, int32_t n, const DnMovement *back, int32_t k, unsigned char *mark)
{
	int32_t		all = n;
	int32_t		item = DN_DAY_NEVER;
	int32_t		i;

	if (n > DN_RETURNS_MAX || k > DN_RETURNS_MAX)
		return n;
	memset(mark, MARK_NONE, (size_t) n + (size_t) k);
	mark_returns(m, n, back, k, mark);
	for (i = 0; i < n; i++)
	{
		bool		known = mark[i] == MARK_RETURN;
		int32_t		p;
		DnWide		rest;

		if (m[i].units <= 0)
			continue;
		if (item == DN_DAY_NEVER)
			item = m[i].day;
		if (m[i].day == item)
			continue;
		p = payment_of(m, all, mark, m[i].day, m[i].units);
		if (p < 0 && known)
			p = payment_near(m, all, mark, m[i].day, m[i].units);
		if (p < 0)
			continue;
		mark[p] = mark[i] = MARK_GONE;
		rest = m[i].units + m[p].units;
		if (rest == 0)
			continue;
		m[all] = rest > 0 ? m[i] : m[p];
		m[all].units = rest;
		if (rest > 0)
			m[i].units -= rest;
		else
			m[p].units -= rest;
		mark[all] = MARK_NONE;
		p = rest > 0 ? payment_of(m, all, mark, m[i].day, rest) : -1;
		if (p >= 0)
			mark[p] = mark[all] = MARK_GONE;
		all++;
	}
	return all;
}
