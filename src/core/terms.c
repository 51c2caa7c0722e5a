/* core/terms.c: days and amounts of payment terms; see terms.h */
#include "terms_internal.h"

/* Whether terms that were read from storage are such as the parser makes. */

static bool
valid_move(const DnMove *m)
{
	switch (m->kind)
	{
		case DN_MOVE_DAYS:
		case DN_MOVE_WEEKS:
		case DN_MOVE_MONTHS:
		case DN_MOVE_BUSINESS:
			return m->n >= 0 && m->n <= DN_TERM_DAYS_MAX;
		case DN_MOVE_END:
			return m->n >= 0 && m->n < DN_PERIODS;
		case DN_MOVE_NEXT:
			return m->n > 0;
		case DN_MOVE_FOLLOWING:
			return m->n >= 1 && m->n <= 31;
		case DN_MOVE_EVENT:
			return m->n >= 0 && m->n < DN_EVENTS;
		default:
			return m->kind == DN_MOVE_DATE;
	}
}

static bool
valid_rule(const DnTerms *t, int first, int n)
{
	int			i;

	if (n < 1 || n > DN_MOVES_MAX || first + n > t->n_moves)
		return false;
	for (i = first; i < first + n; i++)
		if (!valid_move(&t->move[i]))
			return false;
	return true;
}

/* Whether a fraction is in its lowest terms and is no percentage: 1/3, not 2/6, 1/2 or 1/40. */
static bool
valid_fraction(int64_t value)
{
	int64_t		n = value / DN_FRACTION_UNIT;
	int64_t		of = value % DN_FRACTION_UNIT;
	int64_t		common;

	if (of < 2 || of > DN_PARTS_MAX || n < 1 || n >= of)
		return false;
	for (common = n; n % common != 0 || of % common != 0; common--)
		;
	return common == 1 && DN_PERCENT_WHOLE * n % of != 0;
}

static bool
valid_part(const DnTerms *t, const DnPart *p)
{
	return p->share <= DN_SHARE_FRACTION && (p->share != DN_SHARE_FRACTION || valid_fraction(p->value)) &&
		p->currency[3] == '\0' && valid_rule(t, p->first, p->n);
}

static bool
valid_discount(const DnTerms *t, const DnDiscount *d)
{
	return d->percent > 0 && d->percent < DN_PERCENT_WHOLE &&
		d->base >= 0 && d->base <= DN_FEE_MAX * DN_FEE_UNIT &&
		d->has_base <= 1 && (d->has_base || d->base == 0) && valid_rule(t, d->first, d->n);
}

bool
dn_terms_valid(const DnTerms *t)
{
	int			i;

	if (t->n_parts < 1 || t->n_parts > DN_PARTS_MAX || t->n_discounts < 0 ||
		t->n_discounts > DN_DISCOUNTS_MAX || t->shift > DN_SHIFT_MODIFIED || t->tax > DN_TAX_NEVER)
		return false;
	for (i = 0; i < t->n_parts; i++)
		if (!valid_part(t, &t->part[i]))
			return false;
	for (i = 0; i < t->n_discounts; i++)
		if (!valid_discount(t, &t->discount[i]))
			return false;
	return true;
}

bool
dn_after_month_end(const DnMove *move, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		if (move[i].kind == DN_MOVE_END && move[i].n == DN_PERIOD_MONTH)
			return true;
	return false;
}

/* Days. */

static int
lowest_bit(uint32_t mask)
{
	int			i = 0;

	while (!(mask & 1))
	{
		mask >>= 1;
		i++;
	}
	return i;
}

/* Goes n months on, to day dom or the last one of that month. */
static int64_t
in_month(int32_t year, int month, int32_t n, int dom)
{
	dn_go_months(&year, &month, n);
	return dn_month_day(year, month, dom);
}

/* The last day of a period.  *said is 31 if it is said to be that of a month: the 28th of February, not the 10th. */
static int64_t
period_end(int64_t day, int32_t period, int *said)
{
	int32_t		year;
	int			month,
				dom;

	*said = 0;
	if (period == DN_PERIOD_WEEK)
		return day + 6 - dn_weekday((int32_t) day);
	dn_civil((int32_t) day, &year, &month, &dom);
	if (period == DN_PERIOD_TEN_DAYS && dom <= 20)
		return day - dom + (dom <= 10 ? 10 : 20);
	if (period == DN_PERIOD_HALF_MONTH && dom <= 15)
		return day - dom + 15;
	*said = 31;
	if (period == DN_PERIOD_QUARTER)
		return dn_month_day(year, (month + 2) / 3 * 3, 31);
	if (period == DN_PERIOD_YEAR)
		return dn_month_day(year, 12, 31);
	return day - dom + dn_month_length(year, month);
}

/* The next day of the month in a mask; *said is the one it is, in a short month too. */
static int64_t
next_in_mask(int64_t day, uint32_t mask, int *said)
{
	int32_t		year;
	int			month,
				dom;
	uint32_t	left;

	dn_civil((int32_t) day, &year, &month, &dom);
	left = mask >> (dom - 1);
	*said = left != 0 ? dom + lowest_bit(left) : lowest_bit(mask) + 1;
	return in_month(year, month, left != 0 ? 0 : 1, *said);
}

/*
 * A move from a day.  *said is the day of the month that the rule says, 0 if
 * it says none.
 */
static int64_t
move_day(const DnMove *m, int64_t day, int *said)
{
	int32_t		year;
	int			month,
				dom;

	switch (m->kind)
	{
		case DN_MOVE_DAYS:
			*said = 0;
			return day + m->n;
		case DN_MOVE_WEEKS:
			*said = 0;
			return day + 7 * (int64_t) m->n;
		case DN_MOVE_MONTHS:
			dn_civil((int32_t) day, &year, &month, &dom);
			return in_month(year, month, m->n, *said != 0 ? *said : dom);
		case DN_MOVE_END:
			return period_end(day, m->n, said);
		case DN_MOVE_NEXT:
			return next_in_mask(day, (uint32_t) m->n, said);
		case DN_MOVE_FOLLOWING:
			dn_civil((int32_t) day, &year, &month, &dom);
			*said = m->n;
			return in_month(year, month, 1, m->n);
		case DN_MOVE_DATE:
			return m->n;
		default:
			return day;
	}
}

/*
 * The day of a rule, moved to a business day as the terms say.  From an
 * infinite day of issue every rule but a fixed date leads to that infinity.
 *
 * A day of the month that the rule says, the end of the month above all, stays
 * what it is over the months that follow: a month after the end of February is
 * the end of March.  From any other day months go as those of SQL.
 */
DnDayStatus
dn_rule_day(const DnTerms *t, int first, int n, const DnCalendar *c,
			int32_t issued_on, int32_t *out)
{
	const DnMove *m = t->move + first;
	const DnMove *end = m + n;
	int64_t		day = issued_on;
	int			said = 0;

	*out = issued_on;
	if (!dn_day_finite(issued_on) && m->kind != DN_MOVE_DATE)
		return DN_DAY_FOUND;
	for (; m < end; m++)
	{
		if (m->kind != DN_MOVE_BUSINESS)
			day = move_day(m, day, &said);
		else
		{
			DnDayStatus status = dn_add_business_days(c, (int32_t) day, m->n, out);

			if (status != DN_DAY_FOUND)
				return status;
			day = *out;
			said = 0;
		}
		if (day < DN_DAY_FIRST || day > DN_DAY_LAST)
			return DN_DAY_BEYOND;
	}
	if (t->shift != DN_SHIFT_NONE)
		return dn_shift(c, t->shift, (int32_t) day, out);
	*out = (int32_t) day;
	return DN_DAY_FOUND;
}

/* The day on which the last part is due. */
DnDayStatus
dn_due_date(const DnTerms *t, const DnCalendar *c, int32_t issued_on, int32_t *out)
{
	DnDayStatus status = dn_rule_day(t, t->part[0].first, t->part[0].n, c, issued_on, out);
	int			i;

	for (i = 1; i < t->n_parts && status == DN_DAY_FOUND; i++)
	{
		int32_t		day;

		status = dn_rule_day(t, t->part[i].first, t->part[i].n, c, issued_on, &day);
		if (day > *out)
			*out = day;
	}
	return status;
}

/* The days of a rule that is the same number of them from any day. */
bool
dn_plain_days(const DnTerms *t, int first, int n, int32_t *days)
{
	int			i;

	*days = 0;
	for (i = first; i < first + n; i++)
	{
		const DnMove *m = &t->move[i];

		if (m->kind == DN_MOVE_DAYS)
			*days += m->n;
		else if (m->kind == DN_MOVE_WEEKS)
			*days += 7 * m->n;
		else if (m->kind != DN_MOVE_EVENT)
			return false;
	}
	return true;
}

static bool
has_date(const DnTerms *t)
{
	int			i;

	for (i = 0; i < t->n_moves; i++)
		if (t->move[i].kind == DN_MOVE_DATE)
			return true;
	return false;
}

/* The first discount that ends after the due date for this day of issue, -1 if none does. */
static int
late_from(const DnTerms *t, int32_t issued_on)
{
	static const DnCalendar weekends = {.weekend = DN_WEEKEND_DEFAULT};
	int32_t		due,
				until;
	int			i;

	if (dn_due_date(t, &weekends, issued_on, &due) != DN_DAY_FOUND)
		return -1;
	for (i = 0; i < t->n_discounts; i++)
		if (dn_rule_day(t, t->discount[i].first, t->discount[i].n, &weekends, issued_on, &until) == DN_DAY_FOUND && until > due)
			return i;
	return -1;
}

/*
 * The first discount that can end after the due date, -1 if there is none:
 * tried from each day of a common and of a leap year, with weekends.  A date
 * says nothing of it: some day of issue is always too late for one.
 */
int
dn_late_discount(const DnTerms *t)
{
	const int32_t first = dn_civil_day(2023, 1, 1);
	int32_t		last = dn_civil_day(2024, 12, 31);
	int32_t		day;
	int32_t		days;
	int			late = -1;
	bool		plain = t->shift == DN_SHIFT_NONE && dn_plain_days(t, 0, t->n_moves, &days);

	if (t->n_discounts == 0 || has_date(t))
		return -1;
	if (plain)
		last = first;
	for (day = first; day <= last && late == -1; day++)
		late = late_from(t, day);
	return late;
}

/* Amounts. */

/*
 * n of "of" parts of an amount of 10^-4 units, rounded half away from zero to
 * 0 to DN_SPLIT_DECIMALS_MAX decimals; false if it does not fit.
 */
bool
dn_ratio_of(int64_t amount, int64_t n, int64_t of, int decimals, int64_t *out)
{
	int64_t		step = 1;
	__int128	whole;
	__int128	product = (__int128) amount * n;

	for (; decimals < DN_SPLIT_DECIMALS_MAX; decimals++)
		step *= 10;
	whole = (__int128) of * step;
	product = (product + (product < 0 ? -whole : whole) / 2) / whole * step;
	if (product > INT64_MAX || product < INT64_MIN)
		return false;
	*out = (int64_t) product;
	return true;
}

/* What a part that is not the last takes of an amount of which the parts before leave "rest"; false if it does not fit. */
static bool
share_of(const DnPart *p, int64_t amount, int64_t rest, int decimals, int64_t *out)
{
	switch (p->share)
	{
		case DN_SHARE_AMOUNT:
			*out = amount < 0 ? -p->value : p->value;
			return true;
		case DN_SHARE_FRACTION:
			return dn_ratio_of(amount, p->value / DN_FRACTION_UNIT, p->value % DN_FRACTION_UNIT, decimals, out);
		default:
			return dn_ratio_of(p->share == DN_SHARE_PERCENT ? amount : rest, p->value, DN_PERCENT_WHOLE, decimals, out);
	}
}

/*
 * The parts of an amount of 10^-4 units, which add up to it: the last one is
 * what the others leave, and no other exceeds that.  A fixed amount has the
 * sign of the whole.  False if a number does not fit.
 */
bool
dn_split(const DnTerms *t, int64_t amount, int decimals, int64_t *parts)
{
	int64_t		rest = amount;
	int			i;

	for (i = 0; i < t->n_parts - 1; i++)
	{
		int64_t		v;

		if (!share_of(&t->part[i], amount, rest, decimals, &v))
			return false;
		if (amount < 0 ? v < rest : v > rest)
			v = rest;
		parts[i] = v;
		rest -= v;
	}
	parts[i] = rest;
	return true;
}

/*
 * What part of the whole each part is, in 10^-6 percent; false where that
 * depends on the amount.  Of a third nothing is rounded up.
 */
bool
dn_shares(const DnTerms *t, int64_t *share)
{
	int64_t		rest = DN_PERCENT_WHOLE;
	int			i;

	for (i = 0; i < t->n_parts; i++)
	{
		const DnPart *p = &t->part[i];

		if (p->share == DN_SHARE_AMOUNT)
			return false;
		share[i] = p->share == DN_SHARE_PERCENT ? p->value : p->share == DN_SHARE_BALANCE ? rest :
			p->share == DN_SHARE_FRACTION ? dn_fraction_percent(p->value) :
			(rest * p->value + DN_PERCENT_WHOLE / 2) / DN_PERCENT_WHOLE;
		rest -= share[i];
	}
	return true;
}
