/*
 * aging/balance.c: the type dunning.aged_balance: an exact amount for every
 * bucket of a scheme and one for what has no due date; and the aggregate that
 * builds it, whose state it also is.
 */
#include "aging/balance.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "number.h"
#include "nodes/execnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(dunning_aged_balance_accum);
PG_FUNCTION_INFO_V1(dunning_aged_balance_moving_accum);
PG_FUNCTION_INFO_V1(dunning_aged_balance_moving_remove);
PG_FUNCTION_INFO_V1(dunning_aged_balance_moving_final);
PG_FUNCTION_INFO_V1(dunning_aged_balance_add);
PG_FUNCTION_INFO_V1(dunning_aged_balance_amounts);
PG_FUNCTION_INFO_V1(dunning_aged_balance_buckets);
PG_FUNCTION_INFO_V1(dunning_aged_balance_amount);
PG_FUNCTION_INFO_V1(dunning_aged_balance_undated);
PG_FUNCTION_INFO_V1(dunning_aged_balance_invalid);
PG_FUNCTION_INFO_V1(dunning_aged_balance_total);
PG_FUNCTION_INFO_V1(dunning_aged_balance_scheme);
PG_FUNCTION_INFO_V1(dunning_aged_balance_without_dust);

#define BALANCE_TYPE "aged_balance"
#define UNDATED_LABEL "no due date"
#define INVALID_LABEL "no valid amount"

/*
 * A slot is an amount: one a bucket, and after them the undated one.  Behind
 * those comes the sum of amounts that are no number or infinite: kept apart,
 * they spoil no bucket, and no report dies of them.
 */
#define MAX_SLOTS (DN_AGING_MAX_BUCKETS + 1)
#define MAX_RESTS (MAX_SLOTS + 1)

#define MAX_DSCALE 0x3FFF		/* what a numeric's header has room for */

/*
 * The stored value, which is also the aggregate's state: its size depends on
 * the scheme alone as long as all amounts fit, so that nearly every row is
 * added in place.  Behind the head come the sums of all slots, in
 * ten-thousandths, and the payload of the scheme.  Where the flag RESTS is set
 * a word follows with a bit for each rest, and then those as numerics: what no
 * sum can hold.  A slot's amount is its sum plus its rest.
 *
 * With many groups a row costs what its state costs to fetch from memory, so
 * what nearly every row touches, head and sums, lies together and is 64 bytes
 * for five buckets.
 */
typedef struct AgedBalance
{
	DunningValue head;
	uint16		dscale;			/* the most decimals of any amount added */
	uint16		scheme_len;		/* bytes of the scheme's payload */
	uint8		count;			/* buckets */
	uint8		flags;
	uint16		zero;
	int64		sum[FLEXIBLE_ARRAY_MEMBER];
} AgedBalance;

#define RESTS 1

StaticAssertDecl(offsetof(AgedBalance, sum) == 16 && MAX_RESTS <= 64 &&
				 DUNNING_SCHEME_MAX_PAYLOAD <= PG_UINT16_MAX,
				 "the sums are aligned, every rest has a bit, every scheme a length");

/* A balance taken apart, for everything but adding in place. */
typedef struct Parts
{
	const char *scheme;			/* its payload */
	Size		scheme_len;
	const DnAging *aging;		/* the same, as the core sees it */
	int			slots;
	int			dscale;
	int64		sum[MAX_SLOTS];
	Numeric		rest[MAX_RESTS];	/* NULL where there is none; the invalid amount is rest[slots] */
} Parts;

/* The scheme's payload lies behind the sums. */
static inline char *
scheme_payload(AgedBalance *b)
{
	return (char *) (b->sum + b->count + 1);
}

static inline const DnAging *
scheme_aging(AgedBalance *b)
{
	return (const DnAging *) (scheme_payload(b) + DUNNING_SCHEME_HEAD);
}

/* Everything up to the rests. */
static inline Size
fixed_size(int slots, Size scheme_len)
{
	return MAXALIGN(offsetof(AgedBalance, sum) + slots * sizeof(int64) + scheme_len);
}

/* Takes the rests apart, which begin "at" so many bytes. */
static void
take_rests(AgedBalance *b, Parts *p, Size at)
{
	Size		size = VARSIZE(b);
	uint64		bits = 0;
	int			i;

	if (b->flags & RESTS)
	{
		if (size < at + sizeof(bits))
			dunning_bad_value(BALANCE_TYPE);
		memcpy(&bits, (char *) b + at, sizeof(bits));
		at += sizeof(bits);
	}
	if ((bits >> (p->slots + 1)) != 0 || ((b->flags & RESTS) != 0) != (bits != 0))
		dunning_bad_value(BALANCE_TYPE);
	for (i = 0; i <= p->slots; i++)
	{
		Numeric		rest = (Numeric) ((char *) b + at);

		p->rest[i] = NULL;
		if (((bits >> i) & 1) == 0)
			continue;
		if (size < at + VARHDRSZ + sizeof(uint16) || !VARATT_IS_4B_U(rest) ||
			VARSIZE(rest) < VARHDRSZ + sizeof(uint16) || VARSIZE(rest) > size - at)
			dunning_bad_value(BALANCE_TYPE);
		p->rest[i] = rest;
		at += MAXALIGN(VARSIZE(rest));
	}
	if (at != size)
		dunning_bad_value(BALANCE_TYPE);
}

/*
 * Takes a balance apart.  Data corrupted unless it is whole; the parts point
 * into it.
 */
static void
take_apart(AgedBalance *b, Parts *p)
{
	Size		at;

	dunning_check_value(b, offsetof(AgedBalance, sum), BALANCE_TYPE);
	at = fixed_size(b->count + 1, b->scheme_len);
	if (b->count > DN_AGING_MAX_BUCKETS || b->scheme_len > DUNNING_SCHEME_MAX_PAYLOAD ||
		b->dscale > MAX_DSCALE || (b->flags & ~RESTS) != 0 || b->zero != 0 || VARSIZE(b) < at)
		dunning_bad_value(BALANCE_TYPE);
	p->scheme = scheme_payload(b);
	p->scheme_len = b->scheme_len;
	p->aging = dunning_scheme_body(p->scheme, p->scheme_len);
	p->slots = b->count + 1;
	p->dscale = b->dscale;
	if (p->aging->count != b->count)
		dunning_bad_value(BALANCE_TYPE);
	memcpy(p->sum, b->sum, p->slots * sizeof(int64));
	take_rests(b, p, at);
}

/*
 * What holds of every balance beyond its being whole: the decimals shown cover
 * all sums and rests, and only the last rest is not finite.
 */
static bool
parts_valid(const Parts *p)
{
	const int64 part = (int64) dn_power(DUNNING_MONEY_SCALE - Min(p->dscale, DUNNING_MONEY_SCALE));
	int			i;

	for (i = 0; i <= p->slots; i++)
	{
		if (i < p->slots && p->sum[i] % part != 0)
			return false;
		if (p->rest[i] != NULL &&
			(number_finite(p->rest[i]) != (i < p->slots) || number_dscale(p->rest[i]) > p->dscale))
			return false;
	}
	return true;
}

/* The same of a balance, for assertions alone: one that is not whole is an error. */
static bool
balance_valid(AgedBalance *b)
{
	Parts		p;

	take_apart(b, &p);
	return parts_valid(&p);
}

static AgedBalance *
put_together(const Parts *p)
{
	Size		at = fixed_size(p->slots, p->scheme_len);
	Size		size = at;
	uint64		bits = 0;
	AgedBalance *b;
	int			i;

	for (i = 0; i <= p->slots; i++)
		if (p->rest[i] != NULL)
		{
			size += MAXALIGN(VARSIZE(p->rest[i])) + (bits == 0 ? sizeof(bits) : 0);
			bits |= UINT64CONST(1) << i;
		}
	b = palloc0(size);
	SET_VARSIZE(b, size);
	b->head.version = DUNNING_VALUE_VERSION;
	b->dscale = p->dscale;
	b->count = p->slots - 1;
	b->scheme_len = p->scheme_len;
	b->flags = bits == 0 ? 0 : RESTS;
	memcpy(b->sum, p->sum, p->slots * sizeof(int64));
	memcpy(scheme_payload(b), p->scheme, p->scheme_len);
	if (bits != 0)
	{
		memcpy((char *) b + at, &bits, sizeof(bits));
		at += sizeof(bits);
	}
	for (i = 0; i <= p->slots; i++)
		if (p->rest[i] != NULL)
		{
			memcpy((char *) b + at, p->rest[i], VARSIZE(p->rest[i]));
			at += MAXALIGN(VARSIZE(p->rest[i]));
		}
	dn_assert(balance_valid(b));
	return b;
}

static void
get_parts(Datum d, Parts *p)
{
	take_apart((AgedBalance *) PG_DETOAST_DATUM(d), p);
}

/* Adds an amount to a slot's rest, or to the invalid one if it is not finite. */
static void
add_rest(Parts *p, int slot, Numeric amount)
{
	Numeric    *rest = &p->rest[number_finite(amount) ? slot : p->slots];

	*rest = *rest == NULL ? amount : number_add(*rest, amount);
	p->dscale = Max(p->dscale, number_dscale(amount));
}

/*
 * Adds units, which the display scale covers already, to a slot.  A sum that
 * is full goes to the rest, and a new one begins.
 */
static void
add_units(Parts *p, int slot, int64 units)
{
	int64		sum;

	if (pg_add_s64_overflow(p->sum[slot], units, &sum))
	{
		add_rest(p, slot, dunning_money_numeric(p->sum[slot], p->dscale));
		sum = units;
	}
	p->sum[slot] = sum;
}

/* The amount of a slot, with the display scale of the whole balance. */
static Numeric
slot_amount(const Parts *p, int slot)
{
	Numeric		amount = dunning_money_numeric(p->sum[slot], p->dscale);

	if (p->dscale > DUNNING_MONEY_SCALE)
		amount = number_show(amount, p->dscale);
	return p->rest[slot] == NULL ? amount : number_add(amount, p->rest[slot]);
}

/* The amounts that are no number or infinite, or NULL. */
static Numeric
invalid_amount(const Parts *p)
{
	return p->rest[p->slots];
}

static void
different_schemes(const DnAging *a, const DnAging *b)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("aged balances of different aging schemes cannot be added"),
			 errdetail("One has the scheme \"%s\", the other \"%s\".",
					   dunning_print(dn_aging_print, a), dunning_print(dn_aging_print, b)),
			 errhint("Group by the scheme, or use the same scheme for all items.")));
}

/*
 * The first argument as a balance that may be changed: inside an aggregate the
 * state itself, not checked since every row comes here; everywhere else a copy
 * that has been checked.
 */
static AgedBalance *
own_balance(FunctionCallInfo fcinfo)
{
	AgedBalance *b;
	Parts		p;

	if (AggCheckCallContext(fcinfo, NULL))
		return (AgedBalance *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	b = (AgedBalance *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
	take_apart(b, &p);
	return b;
}

static AgedBalance *
empty_balance(const char *scheme, Size len, const DnAging *aging)
{
	Parts		p;

	memset(&p, 0, sizeof(p));
	p.scheme = scheme;
	p.scheme_len = len;
	p.slots = aging->count + 1;
	return put_together(&p);
}

/*
 * The balance of a scheme's payload with these sums in ten-thousandths, one a
 * slot, and rests, one a slot and behind them the invalid amount, NULL where
 * there is none.  The display scale covers all amounts.
 */
Datum
dunning_make_balance(const char *scheme, Size len, int dscale, const int128 *sum, const Numeric *rest)
{
	Parts		p;
	int			slot;

	p.scheme = scheme;
	p.scheme_len = len;
	p.aging = dunning_scheme_body(scheme, len);
	p.slots = p.aging->count + 1;
	p.dscale = dscale;
	memcpy(p.rest, rest, (p.slots + 1) * sizeof(Numeric));
	for (slot = 0; slot < p.slots; slot++)
	{
		bool		fits = dn_fits_int64(sum[slot]);

		p.sum[slot] = fits ? (int64) sum[slot] : 0;
		if (!fits)
			add_rest(&p, slot, dunning_money_numeric(sum[slot], dscale));
	}
	return PointerGetDatum(put_together(&p));
}

/* Adds an amount of any size and precision to a slot. */
static void
add_part(Parts *p, int slot, Numeric amount)
{
	int64		units;
	int			dscale;

	if (dunning_money_read((struct varlena *) amount, &units, &dscale))
	{
		p->dscale = Max(p->dscale, dscale);
		add_units(p, slot, units);
	}
	else
		add_rest(p, slot, amount);
}

/* The same with a whole balance. */
static AgedBalance *
add_amount(AgedBalance *b, int slot, Numeric amount)
{
	Parts		p;

	take_apart(b, &p);
	add_part(&p, slot, amount);
	return put_together(&p);
}

/* The site of a transition; null value not allowed without a scheme. */
static DunningAgingSite *
transition_site(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("aging scheme must not be null")));
	return dunning_aging_site(fcinfo, 4);
}

/* The slot of the item in a transition's arguments. */
static inline int
transition_slot(FunctionCallInfo fcinfo, DunningAgingSite *site)
{
	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return site->aging->count;
	return dn_aging_bucket(dunning_aging_cut(site, PG_GETARG_DATEADT(3)), PG_GETARG_DATEADT(2));
}

/* A state built by other calls than those of a site must have its scheme. */
static void
check_scheme(AgedBalance *b, const DunningAgingSite *site)
{
	if (!dunning_same_scheme(site, scheme_payload(b), b->scheme_len))
		different_schemes(scheme_aging(b), site->aging);
}

/*
 * aged_balance_accum(aged_balance, amount, due_on, as_of, scheme): the
 * aggregate's transition.  An item without an amount is left out, one without
 * a due date or a date to compare it with is undated.  A null scheme is a null
 * value not allowed, another scheme than that of the rows before an invalid
 * parameter value.
 */
Datum
dunning_aged_balance_accum(PG_FUNCTION_ARGS)
{
	DunningAgingSite *site;
	AgedBalance *b;
	struct varlena *amount;
	int			slot;
	int64		units;
	int			dscale;
	int64		sum;

	if (PG_ARGISNULL(1) && PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	site = transition_site(fcinfo);
	slot = transition_slot(fcinfo, site);

	/* a state that this aggregate built itself has its one scheme */
	if (PG_ARGISNULL(0))
		b = empty_balance(site->payload, site->len, site->aging);
	else
	{
		b = site->aggregate ? (AgedBalance *) PG_GETARG_POINTER(0) : own_balance(fcinfo);
		if (!(site->aggregate && site->constant))
			check_scheme(b, site);
	}

	dn_assert(balance_valid(b));
	amount = PG_GETARG_VARLENA_PP(1);
	if (unlikely(!dunning_money_read(amount, &units, &dscale) ||
				 pg_add_s64_overflow(b->sum[slot], units, &sum)))
		PG_RETURN_POINTER(add_amount(b, slot, PG_GETARG_NUMERIC(1)));
	b->sum[slot] = sum;
	if (b->dscale < dscale)
		b->dscale = dscale;
	dn_assert(balance_valid(b));
	PG_RETURN_POINTER(b);
}

/*
 * The state of the aggregate over a moving window, where items also leave.
 * It knows how many items of each number of decimals it holds; an amount that
 * is not read into units is not taken out again, and the window begins anew.
 */
typedef struct Moving
{
	int64		items;
	int64		of_scale[DUNNING_MONEY_SCALE + 1];
	int			other_dscale;	/* the most decimals of the amounts not read into units */
	AgedBalance *balance;		/* NULL before the first item */
} Moving;

/* The decimals of the items that are in the window. */
static int
moving_scale(const Moving *m)
{
	int			dscale = DUNNING_MONEY_SCALE;

	while (dscale > 0 && m->of_scale[dscale] == 0)
		dscale--;
	return Max(dscale, m->other_dscale);
}

/* What holds between the calls: no item is counted twice, and the balance is one. */
static bool
moving_valid(const Moving *m)
{
	int64		counted = 0;
	int			i;

	for (i = 0; i <= DUNNING_MONEY_SCALE; i++)
	{
		if (m->of_scale[i] < 0)
			return false;
		counted += m->of_scale[i];
	}
	return counted <= m->items && (m->balance == NULL ? m->items == 0 : balance_valid(m->balance));
}

/* Adds an item to a state that lies in a memory context of its own. */
static void
add_to_moving(Moving *m, MemoryContext context, int slot, Numeric amount)
{
	int64		units;
	int			dscale;
	int64		sum;
	AgedBalance *grown;

	m->items++;
	if (dunning_money_read((struct varlena *) amount, &units, &dscale))
	{
		m->of_scale[dscale]++;
		if (!pg_add_s64_overflow(m->balance->sum[slot], units, &sum))
		{
			m->balance->sum[slot] = sum;
			m->balance->dscale = Max(m->balance->dscale, dscale);
			return;
		}
	}
	else
		m->other_dscale = Max(m->other_dscale, number_dscale(amount));
	/* a full sum becomes a rest with its decimals: not those of items that have left */
	m->balance->dscale = moving_scale(m);
	grown = add_amount(m->balance, slot, amount);
	pfree(m->balance);
	m->balance = MemoryContextAlloc(context, VARSIZE(grown));
	memcpy(m->balance, grown, VARSIZE(grown));
}

/* aged_balance_moving_accum(internal, amount, due_on, as_of, scheme) */
Datum
dunning_aged_balance_moving_accum(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	MemoryContext old;
	Moving	   *m;
	DunningAgingSite *site;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "transition of a moving window called outside of one");
	m = PG_ARGISNULL(0) ? MemoryContextAllocZero(context, sizeof(Moving)) : (Moving *) PG_GETARG_POINTER(0);
	dn_assert(moving_valid(m));
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(m);
	site = transition_site(fcinfo);
	if (m->balance == NULL)
	{
		old = MemoryContextSwitchTo(context);
		m->balance = empty_balance(site->payload, site->len, site->aging);
		MemoryContextSwitchTo(old);
	}
	check_scheme(m->balance, site);
	add_to_moving(m, context, transition_slot(fcinfo, site), PG_GETARG_NUMERIC(1));
	dn_assert(moving_valid(m));
	PG_RETURN_POINTER(m);
}

/* aged_balance_moving_remove(internal, amount, due_on, as_of, scheme): NULL if it cannot */
Datum
dunning_aged_balance_moving_remove(PG_FUNCTION_ARGS)
{
	Moving	   *m = (Moving *) PG_GETARG_POINTER(0);
	DunningAgingSite *site;
	int			slot;
	int64		units;
	int			dscale;
	int64		sum;

	dn_assert(moving_valid(m));
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(m);
	site = transition_site(fcinfo);
	slot = transition_slot(fcinfo, site);
	if ((m->balance->flags & RESTS) != 0 || !dunning_money_read(PG_GETARG_VARLENA_PP(1), &units, &dscale) ||
		!dunning_same_scheme(site, scheme_payload(m->balance), m->balance->scheme_len) ||
		pg_sub_s64_overflow(m->balance->sum[slot], units, &sum))
		PG_RETURN_NULL();
	m->balance->sum[slot] = sum;
	m->of_scale[dscale]--;
	m->items--;
	dn_assert(moving_valid(m));
	PG_RETURN_POINTER(m);
}

/* aged_balance_moving_final(internal): the balance of the items in the window, NULL of none */
Datum
dunning_aged_balance_moving_final(PG_FUNCTION_ARGS)
{
	Moving	   *m = PG_ARGISNULL(0) ? NULL : (Moving *) PG_GETARG_POINTER(0);
	AgedBalance *b;

	if (m == NULL || m->items == 0)
		PG_RETURN_NULL();
	b = palloc(VARSIZE(m->balance));
	memcpy(b, m->balance, VARSIZE(m->balance));
	b->dscale = moving_scale(m);
	PG_RETURN_POINTER(b);
}

/* Adds b to a in place; false, and nothing done, if that takes more than sums. */
static bool
add_in_place(AgedBalance *a, const Parts *b)
{
	int64		sum[MAX_SLOTS];
	int			slot;

	for (slot = 0; slot < b->slots; slot++)
		if (b->rest[slot] != NULL || pg_add_s64_overflow(a->sum[slot], b->sum[slot], &sum[slot]))
			return false;
	if (invalid_amount(b) != NULL)
		return false;
	memcpy(a->sum, sum, b->slots * sizeof(int64));
	a->dscale = Max(a->dscale, b->dscale);
	dn_assert(balance_valid(a));
	return true;
}

/*
 * aged_balance + aged_balance, and the aggregate's combine function.  Invalid
 * parameter value unless both have the same scheme.
 */
Datum
dunning_aged_balance_add(PG_FUNCTION_ARGS)
{
	AgedBalance *a = own_balance(fcinfo);
	Parts		b;
	Parts		sum;
	int			slot;

	/* in an aggregate of stored balances the first one is the state */
	take_apart(a, &sum);
	get_parts(PG_GETARG_DATUM(1), &b);
	if (sum.scheme_len != b.scheme_len || memcmp(sum.scheme, b.scheme, b.scheme_len) != 0)
		different_schemes(sum.aging, b.aging);
	if (add_in_place(a, &b))
		PG_RETURN_POINTER(a);

	sum.dscale = Max(sum.dscale, b.dscale);
	for (slot = 0; slot < sum.slots; slot++)
		add_units(&sum, slot, b.sum[slot]);
	for (slot = 0; slot <= sum.slots; slot++)
		if (b.rest[slot] != NULL)
			add_rest(&sum, slot, b.rest[slot]);
	PG_RETURN_POINTER(put_together(&sum));
}

static void
append_amount(StringInfo out, const char *before, Numeric amount)
{
	appendStringInfoString(out, before);
	appendStringInfoString(out, dunning_number_text(amount));
}

/* {100.00, 20.00, 0.00; undated 5.00; invalid NaN} by 30 */
static char *
print_balance(Datum d)
{
	StringInfoData out;
	Parts		p;
	Numeric		undated;
	int			slot;

	get_parts(d, &p);
	initStringInfo(&out);
	for (slot = 0; slot < p.slots - 1; slot++)
		append_amount(&out, slot == 0 ? "{" : ", ", slot_amount(&p, slot));
	undated = slot_amount(&p, p.slots - 1);
	if (number_sign(undated) != 0)
		append_amount(&out, "; undated ", undated);
	if (invalid_amount(&p) != NULL)
		append_amount(&out, "; invalid ", invalid_amount(&p));
	appendStringInfo(&out, "} by %s", dunning_print(dn_aging_print, p.aging));
	return out.data;
}

/* An amount that must be finite, or must not. */
static bool
read_finite(DnScan *s, struct Node *escontext, bool finite, Numeric *amount)
{
	const char *begin;

	dn_space(s);
	begin = s->p;
	if (!dunning_scan_number(s, escontext, amount))
		return false;
	return number_finite(*amount) == finite ||
		dn_fail_at(s, begin, DN_RANGE, finite ? "a finite amount was expected"
				   : "NaN, Infinity or -Infinity was expected");
}

/* The amounts between braces; what is not said of the last two stays NULL. */
static bool
read_amounts(DnScan *s, struct Node *escontext, Numeric *amount, int *count,
			 Numeric *undated, Numeric *invalid)
{
	int			n = 0;

	if (!dn_char(s, '{'))
		return dn_fail(s, DN_SYNTAX, "an opening brace was expected");
	do
	{
		if (n == DN_AGING_MAX_BUCKETS)
			return dn_fail(s, DN_LIMIT, "a scheme has at most " DN_STR(DN_AGING_MAX_BUCKETS) " buckets");
		if (!read_finite(s, escontext, true, &amount[n++]))
			return false;
	} while (dn_char(s, ','));
	*count = n;
	while (dn_char(s, ';'))
	{
		bool		finite = *undated == NULL && dn_keyword(s, "undated");

		if (!finite && (*invalid != NULL || !dn_keyword(s, "invalid")))
			return dn_fail(s, DN_SYNTAX, "\"undated\" or \"invalid\", each once, and an amount were expected");
		if (!read_finite(s, escontext, finite, finite ? undated : invalid))
			return false;
	}
	return dn_char(s, '}') || dn_fail(s, DN_SYNTAX, "a closing brace was expected");
}

/* A whole balance: an amount a slot and an invalid one, NULL where not said, and the scheme. */
static bool
read_balance(DnScan *s, struct Node *escontext, Numeric *amount, DnAgingRoom *room)
{
	Numeric		undated = NULL;
	Numeric		invalid = NULL;
	const char *by;
	int			count = 0;

	if (!read_amounts(s, escontext, amount, &count, &undated, &invalid))
		return false;
	amount[count] = undated;
	amount[count + 1] = invalid;
	dn_space(s);
	by = s->p;
	if (!dn_keyword(s, "by"))
		return dn_fail(s, DN_SYNTAX, "\"by\" and an aging scheme were expected");
	if (!dn_aging_parse(s, room))
		return false;
	return room->scheme.count == count ||
		dn_fail_at(s, by, DN_SYNTAX, "the scheme has another number of buckets than there are amounts");
}

static Datum
parse_balance(const char *text, size_t len, struct Node *escontext)
{
	DnScan		s;
	DnAgingRoom room;
	Numeric		amount[MAX_RESTS];
	struct varlena *scheme;
	AgedBalance *b;
	int			slot;

	dn_scan_init(&s, text, len);
	if (!read_balance(&s, escontext, amount, &room))
	{
		if (s.err.code != DN_OK)
			dunning_parse_error(escontext, BALANCE_TYPE, text, len, &s.err);
		return (Datum) 0;
	}
	scheme = dunning_make_scheme(&room.scheme);
	b = empty_balance(VARDATA(scheme), VARSIZE(scheme) - VARHDRSZ, &room.scheme);
	for (slot = 0; slot <= room.scheme.count + 1; slot++)
		if (amount[slot] != NULL)
			b = add_amount(b, slot, amount[slot]);
	return PointerGetDatum(b);
}

static Numeric
trimmed(Numeric n)
{
	return DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(n)));
}

/* The same amounts, each with no more decimals than it needs and split into sum and rest anew. */
static Datum
canonical(Datum d)
{
	Parts		from;
	Parts		to;
	int			slot;

	get_parts(d, &from);
	to = from;
	to.dscale = 0;
	memset(to.sum, 0, sizeof(to.sum));
	memset(to.rest, 0, sizeof(to.rest));
	for (slot = 0; slot < from.slots; slot++)
		add_part(&to, slot, trimmed(slot_amount(&from, slot)));
	if (invalid_amount(&from) != NULL)
		add_part(&to, from.slots, invalid_amount(&from));
	return PointerGetDatum(put_together(&to));
}

DUNNING_VALUE_TYPE(aged_balance, parse_balance, print_balance, canonical);

/* amounts(aged_balance): one element a bucket, the undated amount, and the invalid one if there is any */
Datum
dunning_aged_balance_amounts(PG_FUNCTION_ARGS)
{
	Datum		elements[MAX_RESTS];
	Parts		p;
	int			n;

	get_parts(PG_GETARG_DATUM(0), &p);
	for (n = 0; n < p.slots; n++)
		elements[n] = NumericGetDatum(slot_amount(&p, n));
	if (invalid_amount(&p) != NULL)
		elements[n++] = NumericGetDatum(invalid_amount(&p));
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, n, NUMERICOID, -1, false, TYPALIGN_INT));
}

/*
 * without_dust(aged_balance): each amount without dust.  One that fits the sums
 * then is shown with two decimals, or more where an amount has more.
 */
Datum
dunning_aged_balance_without_dust(PG_FUNCTION_ARGS)
{
	Parts		p;
	int			dscale = 2;
	int			i;

	get_parts(PG_GETARG_DATUM(0), &p);
	if (p.dscale <= DN_DUST_DECIMALS)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	for (i = 0; i < p.slots; i++)
	{
		Numeric		amount = dunning_without_dust(slot_amount(&p, i));
		int			shown;

		/* with the fewest decimals */
		amount = DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(amount)));
		dscale = Max(dscale, number_dscale(amount));
		p.rest[i] = NULL;
		if (!dunning_money_read((struct varlena *) amount, &p.sum[i], &shown))
		{
			p.sum[i] = 0;
			p.rest[i] = amount;
		}
	}
	p.dscale = dscale;
	PG_RETURN_POINTER(put_together(&p));
}

static void
put_bucket(ReturnSetInfo *result, int bucket, text *label, Numeric amount)
{
	Datum		values[3];
	bool		nulls[3] = {bucket < 0, false, false};

	values[0] = Int32GetDatum(bucket);
	values[1] = PointerGetDatum(label);
	values[2] = NumericGetDatum(amount);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* buckets(aged_balance): the amounts as rows; the last ones without a number */
Datum
dunning_aged_balance_buckets(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Parts		p;
	int			slot;

	get_parts(PG_GETARG_DATUM(0), &p);
	InitMaterializedSRF(fcinfo, 0);
	for (slot = 0; slot < p.slots - 1; slot++)
		put_bucket(result, slot, dunning_scheme_label(p.aging, slot), slot_amount(&p, slot));
	put_bucket(result, -1, cstring_to_text(UNDATED_LABEL), slot_amount(&p, slot));
	if (invalid_amount(&p) != NULL)
		put_bucket(result, -1, cstring_to_text(INVALID_LABEL), invalid_amount(&p));
	return (Datum) 0;
}

/* amount(aged_balance, bucket integer): NULL for a bucket that it has not */
Datum
dunning_aged_balance_amount(PG_FUNCTION_ARGS)
{
	int32		bucket = PG_GETARG_INT32(1);
	Parts		p;

	get_parts(PG_GETARG_DATUM(0), &p);
	if (bucket < 0 || bucket >= p.aging->count)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(slot_amount(&p, bucket));
}

/* undated(aged_balance): the amount without a due date */
Datum
dunning_aged_balance_undated(PG_FUNCTION_ARGS)
{
	Parts		p;

	get_parts(PG_GETARG_DATUM(0), &p);
	PG_RETURN_NUMERIC(slot_amount(&p, p.slots - 1));
}

/* invalid(aged_balance): the sum of the amounts that are no number or infinite, NULL of none */
Datum
dunning_aged_balance_invalid(PG_FUNCTION_ARGS)
{
	Parts		p;

	get_parts(PG_GETARG_DATUM(0), &p);
	if (invalid_amount(&p) == NULL)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(invalid_amount(&p));
}

/* total(aged_balance): what sum(amount) gives for the same items */
Datum
dunning_aged_balance_total(PG_FUNCTION_ARGS)
{
	Parts		p;
	int			slot;

	get_parts(PG_GETARG_DATUM(0), &p);
	for (slot = 1; slot < p.slots; slot++)
	{
		add_units(&p, 0, p.sum[slot]);
		if (p.rest[slot] != NULL)
			add_rest(&p, 0, p.rest[slot]);
	}
	if (invalid_amount(&p) != NULL)
		PG_RETURN_NUMERIC(invalid_amount(&p));
	PG_RETURN_NUMERIC(slot_amount(&p, 0));
}

/* scheme(aged_balance): the scheme it was built by */
Datum
dunning_aged_balance_scheme(PG_FUNCTION_ARGS)
{
	Parts		p;

	get_parts(PG_GETARG_DATUM(0), &p);
	PG_RETURN_POINTER(dunning_make_scheme(p.aging));
}
