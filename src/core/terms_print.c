/*
 * core/terms_print.c: payment terms written: the canonical text, the same for
 * people of a language, and as other systems write them.
 */
#include "terms_internal.h"

/* An amount, with four decimals where two are not enough. */
static void
put_amount(DnOut *out, const DnWording *w, int64_t units)
{
	dn_put_number(out, w->language, units, DN_FEE_SCALE, units % (DN_FEE_UNIT / 100) == 0 ? 2 : 4);
}

static void
put_doms(DnOut *out, const DnWording *w, uint32_t mask)
{
	const char *between = "";
	int			i;

	for (i = 0; i < 31; i++)
		if (mask & (UINT32_C(1) << i))
		{
			dn_put(out, between);
			dn_put_ordinal(out, w->language, i + 1);
			between = w->or_on;
		}
}

static void
put_advance(DnOut *out, const DnWording *w, const DnMove *m, bool more)
{
	if (more)
		dn_put(out, "+ ");
	dn_put_int(out, m->n);
	dn_put(out, " ");
	dn_put(out, w->unit[m->kind][m->n == 1 ? 0 : 1]);
}

/* Day n of the following month, which is that after an end of month; its end, where that is the whole rule. */
static void
put_following(DnOut *out, const DnWording *w, int n, bool first, bool month_end)
{
	if (n == 31 && first)
	{
		dn_put(out, w->following_end);
		return;
	}
	dn_put(out, w->on);
	dn_put_ordinal(out, w->language, n);
	if (!month_end || !w->canonical || n == 31)
		dn_put(out, w->of_following);
}

/* The move i of a rule. */
static void
put_move(DnOut *out, const DnWording *w, const DnMove *move, int i)
{
	const DnMove *m = &move[i];
	bool		month_end = dn_after_month_end(move, i);

	switch (m->kind)
	{
		case DN_MOVE_DAYS:
		case DN_MOVE_WEEKS:
		case DN_MOVE_MONTHS:
		case DN_MOVE_BUSINESS:
			put_advance(out, w, m, i > 0);
			break;
		case DN_MOVE_END:
			dn_put(out, w->end[m->n]);
			break;
		case DN_MOVE_NEXT:
			/* after an end of month a single day is of the following month unless told */
			dn_put(out, month_end && (m->n & (m->n - 1)) == 0 ? w->on_next : w->on);
			put_doms(out, w, (uint32_t) m->n);
			break;
		case DN_MOVE_FOLLOWING:
			put_following(out, w, m->n, i == 0, month_end);
			break;
		case DN_MOVE_EVENT:
			dn_put(out, w->event[m->n]);
			break;
		default:
			dn_put(out, w->date);
			dn_put_day(out, w->language, m->n);
			break;
	}
}

/* A day rule; a single advance of a due date is said to be net. */
static void
put_rule(DnOut *out, const DnWording *w, const DnMove *move, int n, bool net)
{
	int			i;

	net = net && n == 1 && move[0].kind <= DN_MOVE_BUSINESS;
	if (net)
		dn_put(out, w->net_before);
	if (net && w->canonical && move[0].kind == DN_MOVE_DAYS)
	{
		dn_put_int(out, move[0].n);
		return;
	}
	for (i = 0; i < n; i++)
	{
		if (i > 0)
			dn_put(out, move[i].kind == DN_MOVE_END && move[i - 1].kind <= DN_MOVE_BUSINESS ? w->then : " ");
		put_move(out, w, move, i);
	}
	if (net)
		dn_put(out, w->net_after[move[0].n > 1 ? 1 : 0]);
}

/* What stands between a share and its rule. */
static void
put_link(DnOut *out, const char *to_number, const DnMove *move)
{
	dn_put(out, move->kind <= DN_MOVE_BUSINESS && to_number[0] != '\0' ? to_number : " ");
}

static void
put_discount(DnOut *out, const DnWording *w, const DnTerms *t, const DnDiscount *d)
{
	bool		parts = t->n_parts > 1;

	dn_put(out, w->discount_before);
	dn_put_percent(out, w->language, d->percent, DN_PERCENT_SCALE);
	if (d->has_base)
	{
		dn_put(out, w->of_base);
		put_amount(out, w, d->base);
	}
	/* a share that is due at once would be a deposit */
	if (parts || !w->canonical || d->percent >= DN_DEPOSIT_LEAST)
		dn_put(out, w->discount_after);
	put_link(out, d->has_base ? w->within_of_base : w->within, t->move + d->first);
	put_rule(out, w, t->move + d->first, d->n, false);
	dn_put(out, parts ? w->part_separator : ", ");
}

static void
put_share(DnOut *out, const DnWording *w, const DnPart *p)
{
	switch (p->share)
	{
		case DN_SHARE_PERCENT:
			dn_put_percent(out, w->language, p->value, DN_PERCENT_SCALE);
			if (p->value < DN_DEPOSIT_LEAST)
				dn_put(out, w->of_total);
			break;
		case DN_SHARE_FRACTION:
			dn_put_int(out, p->value / DN_FRACTION_UNIT);
			dn_put(out, "/");
			dn_put_int(out, p->value % DN_FRACTION_UNIT);
			dn_put(out, w->of_total);
			break;
		case DN_SHARE_REMAINDER:
			dn_put_percent(out, w->language, p->value, DN_PERCENT_SCALE);
			dn_put(out, w->of_remainder);
			break;
		case DN_SHARE_AMOUNT:
			if (p->currency[0] == '\0')
				dn_put(out, w->amount);
			put_amount(out, w, p->value);
			if (p->currency[0] != '\0')
			{
				dn_put(out, " ");
				dn_put(out, p->currency);
			}
			break;
		default:
			dn_put(out, w->balance);
			break;
	}
}

static void
put_parts(DnOut *out, const DnWording *w, const DnTerms *t)
{
	int			i;

	for (i = 0; i < t->n_parts; i++)
	{
		const DnPart *p = &t->part[i];

		if (i > 0)
			dn_put(out, w->part_separator);
		if (t->n_parts > 1)
		{
			put_share(out, w, p);
			put_link(out, w->at, t->move + p->first);
		}
		put_rule(out, w, t->move + p->first, p->n, true);
	}
}

static void
put_option(DnOut *out, const DnWording *w, const char *option)
{
	dn_put(out, w->option_separator);
	dn_put(out, option);
}

static void
put_terms(DnOut *out, const DnWording *w, const DnTerms *t)
{
	int			i;

	for (i = 0; i < t->n_discounts; i++)
		put_discount(out, w, t, &t->discount[i]);
	put_parts(out, w, t);
	if (t->shift != DN_SHIFT_NONE)
		put_option(out, w, w->shift[t->shift - 1]);
	if (t->tax != DN_TAX_EARLY)
		put_option(out, w, w->tax[t->tax - 1]);
}

void
dn_print_terms(DnOut *out, const void *terms)
{
	put_terms(out, &dn_terms_canonical, terms);
}

void
dn_print_rule_of(DnOut *out, const void *value)
{
	const DnRuleOf *r = value;

	put_rule(out, &dn_terms_canonical, r->terms->move + r->first, r->n, false);
}

/* The terms for people, in UTF-8. */
void
dn_describe_terms(DnOut *out, const void *value)
{
	const DnDescribed *d = value;

	put_terms(out, &dn_terms_words[d->language]->write, d->terms);
}

/* Whether a rule is a number of days, after the end of the month or not. */
static bool
short_days(const DnMove *m, int n, bool eom)
{
	if (eom)
		return n == 2 && m[0].kind == DN_MOVE_END && m[0].n == DN_PERIOD_MONTH && m[1].kind == DN_MOVE_DAYS;
	return n == 1 && m[0].kind == DN_MOVE_DAYS;
}

/* 2/10 of a discount; false where it cannot be said so. */
static bool
put_short_discount(DnOut *out, const DnTerms *t, const DnDiscount *d, bool eom)
{
	if (d->has_base || !short_days(t->move + d->first, d->n, eom))
		return false;
	dn_put_decimal(out, d->percent, DN_PERCENT_SCALE, 0);
	dn_put(out, "/");
	dn_put_int(out, t->move[d->first + d->n - 1].n);
	return true;
}

/* net 30, net 30 EOM; false where a rule cannot be said so. */
static bool
put_short_rule(DnOut *out, const DnMove *m, int n, bool eom)
{
	if (eom || short_days(m, n, false))
	{
		dn_put(out, "net ");
		dn_put_int(out, m[n - 1].n);
		dn_put(out, eom ? " EOM" : "");
	}
	else if (n == 1 && m->kind == DN_MOVE_EVENT && m->n == DN_EVENT_RECEIPT)
		dn_put(out, "due on receipt");
	else if (n == 1 && m->kind == DN_MOVE_END && m->n == DN_PERIOD_MONTH)
		dn_put(out, "EOM");
	else if (n == 1 && m->kind == DN_MOVE_FOLLOWING)
	{
		dn_put_ordinal(out, DN_LANGUAGE_EN, m->n);
		dn_put(out, " prox");
	}
	else
		return false;
	return true;
}

/* 2/10 net 30, net 30 EOM; false where the terms cannot be said so. */
bool
dn_print_short(DnOut *out, const DnTerms *t)
{
	const DnMove *m = t->move + t->part[0].first;
	int			n = t->part[0].n;
	bool		eom = short_days(m, n, true);
	int			i;

	if (t->n_parts != 1 || t->shift != DN_SHIFT_NONE || t->tax != DN_TAX_EARLY)
		return false;
	for (i = 0; i < t->n_discounts; i++)
	{
		if (!put_short_discount(out, t, &t->discount[i], eom))
			return false;
		/* without a separator EOM is that of the discounts, too */
		dn_put(out, (eom && i == t->n_discounts - 1) || (t->n_discounts == 1 && m->kind == DN_MOVE_DAYS) ? " " : ", ");
	}
	return put_short_rule(out, m, n, eom);
}

static void
put_skonto(DnOut *out, const DnDiscount *d, int32_t days)
{
	dn_put(out, "#SKONTO#TAGE=");
	dn_put_int(out, days);
	dn_put(out, "#PROZENT=");
	dn_put_decimal(out, d->percent, DN_PERCENT_SCALE, 2);
	dn_put(out, "#");
	if (d->has_base)
	{
		dn_put(out, "BASISBETRAG=");
		dn_put_decimal(out, d->base, DN_FEE_SCALE, 2);
		dn_put(out, "#");
	}
}

/* One line a discount; false without any, or where it cannot be said so. */
bool
dn_print_xrechnung(DnOut *out, const DnTerms *t)
{
	int			i;

	if (t->shift != DN_SHIFT_NONE || t->tax != DN_TAX_EARLY)
		return false;
	for (i = 0; i < t->n_discounts; i++)
	{
		const DnDiscount *d = &t->discount[i];
		int32_t		days;

		if (!dn_plain_days(t, d->first, d->n, &days) || d->percent % (DN_PERCENT_UNIT / 100) != 0 ||
			d->base % (DN_FEE_UNIT / 100) != 0)
			return false;
		if (i > 0)
			dn_put(out, "\n");
		put_skonto(out, d, days);
	}
	return t->n_discounts > 0;
}
