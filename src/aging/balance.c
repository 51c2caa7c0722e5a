/*
 * aging/balance.c: the type dunning.aged_balance: an exact amount for every
 * bucket of a scheme and one for what has no due date; and the aggregate that
 * builds it, whose state it also is.
 */
#include "aging/scheme.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "money.h"
#include "nodes/execnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(dunning_aged_balance_in);
PG_FUNCTION_INFO_V1(dunning_aged_balance_out);
PG_FUNCTION_INFO_V1(dunning_aged_balance_recv);
PG_FUNCTION_INFO_V1(dunning_aged_balance_send);
PG_FUNCTION_INFO_V1(dunning_aged_balance_eq);
PG_FUNCTION_INFO_V1(dunning_aged_balance_ne);
PG_FUNCTION_INFO_V1(dunning_aged_balance_hash);
PG_FUNCTION_INFO_V1(dunning_aged_balance_hash_extended);
PG_FUNCTION_INFO_V1(dunning_aged_balance_accum);
PG_FUNCTION_INFO_V1(dunning_aged_balance_add);
PG_FUNCTION_INFO_V1(dunning_aged_balance_amounts);
PG_FUNCTION_INFO_V1(dunning_aged_balance_buckets);
PG_FUNCTION_INFO_V1(dunning_aged_balance_amount);
PG_FUNCTION_INFO_V1(dunning_aged_balance_undated);
PG_FUNCTION_INFO_V1(dunning_aged_balance_total);
PG_FUNCTION_INFO_V1(dunning_aged_balance_scheme);

#define BALANCE_TYPE "aged_balance"
#define UNDATED_LABEL "no due date"

/* A slot is an amount: one a bucket, and after them the undated one. */
#define MAX_SLOTS (DN_AGING_MAX_BUCKETS + 1)

#define MAX_DSCALE 0x3FFF		/* what a numeric's header has room for */

/*
 * The stored value, which is also the aggregate's state: its size depends on
 * the scheme alone as long as all amounts fit, so that nearly every row is
 * added in place.  Behind the head comes the payload of the scheme, then the
 * sums of all slots, as ten-thousandths, and then one numeric for each slot
 * whose bit is set in "rest".  An amount that no scaled integer holds is added
 * to that; a slot's amount is its sum plus its rest.
 *
 * With many groups a row costs what its state costs to fetch from memory, so
 * what every row reads, head and scheme, lies together.
 */
typedef struct AgedBalance
{
	DunningValue head;
	uint16		dscale;			/* the most decimals of any amount added */
	uint16		count;			/* buckets; the slots are one more */
	uint32		scheme_len;		/* bytes of the scheme's payload */
	uint64		rest;			/* the slots that have a rest */
	char		scheme[FLEXIBLE_ARRAY_MEMBER];
} AgedBalance;

/* int128 asks for no more than 8 bytes of alignment in PostgreSQL, which is the type's. */
StaticAssertDecl(offsetof(AgedBalance, scheme) % 8 == 0 && MAX_SLOTS <= 64,
				 "the sums are aligned and every slot has a bit");

/* A balance taken apart, for everything but adding in place. */
typedef struct Parts
{
	const char *scheme;			/* its payload */
	Size		scheme_len;
	const DnAging *aging;		/* the same, as the core sees it */
	int			slots;
	int			dscale;
	int128		sum[MAX_SLOTS];
	Numeric		rest[MAX_SLOTS];	/* NULL where there is none */
} Parts;

#define HAS_REST(b, slot) (((b)->rest >> (slot)) & 1)

static inline const DnAging *
scheme_aging(const AgedBalance *b)
{
	return (const DnAging *) (b->scheme + DUNNING_SCHEME_HEAD);
}

static inline Size
sums_offset(Size scheme_len)
{
	return MAXALIGN(offsetof(AgedBalance, scheme) + scheme_len);
}

static inline int128 *
sums(AgedBalance *b)
{
	return (int128 *) ((char *) b + sums_offset(b->scheme_len));
}

/* Everything up to the rests. */
static inline Size
fixed_size(int slots, Size scheme_len)
{
	return sums_offset(scheme_len) + slots * sizeof(int128);
}

/*
 * Takes a balance apart.  Data corrupted unless it is whole; the parts point
 * into it.
 */
static void
take_apart(AgedBalance *b, Parts *p)
{
	Size		size = VARSIZE(b);
	Size		at;
	int			slot;

	dunning_check_value(b, offsetof(AgedBalance, scheme), BALANCE_TYPE);
	at = fixed_size(b->count + 1, b->scheme_len);
	if (b->count > DN_AGING_MAX_BUCKETS || b->scheme_len > DUNNING_SCHEME_MAX_PAYLOAD ||
		b->dscale > MAX_DSCALE || size < at || (b->rest >> (b->count + 1)) != 0)
		dunning_bad_value(BALANCE_TYPE);
	p->scheme = b->scheme;
	p->scheme_len = b->scheme_len;
	p->aging = dunning_scheme_body(p->scheme, p->scheme_len);
	p->slots = b->count + 1;
	p->dscale = b->dscale;
	if (p->aging->count != b->count)
		dunning_bad_value(BALANCE_TYPE);
	for (slot = 0; slot < p->slots; slot++)
	{
		p->sum[slot] = sums(b)[slot];
		p->rest[slot] = NULL;
		if (!HAS_REST(b, slot))
			continue;
		p->rest[slot] = (Numeric) ((char *) b + at);
		if (size < at + VARHDRSZ + sizeof(uint16) || !VARATT_IS_4B_U(p->rest[slot]) ||
			VARSIZE(p->rest[slot]) < VARHDRSZ + sizeof(uint16) ||
			VARSIZE(p->rest[slot]) > size - at)
			dunning_bad_value(BALANCE_TYPE);
		at += MAXALIGN(VARSIZE(p->rest[slot]));
	}
	if (at != size)
		dunning_bad_value(BALANCE_TYPE);
}

static AgedBalance *
put_together(const Parts *p)
{
	Size		size = fixed_size(p->slots, p->scheme_len);
	Size		at = size;
	AgedBalance *b;
	int			slot;

	for (slot = 0; slot < p->slots; slot++)
		if (p->rest[slot] != NULL)
			size += MAXALIGN(VARSIZE(p->rest[slot]));
	b = palloc0(size);
	SET_VARSIZE(b, size);
	b->head.version = DUNNING_VALUE_VERSION;
	b->dscale = p->dscale;
	b->count = p->slots - 1;
	b->scheme_len = p->scheme_len;
	memcpy(sums(b), p->sum, p->slots * sizeof(int128));
	memcpy(b->scheme, p->scheme, p->scheme_len);
	for (slot = 0; slot < p->slots; slot++)
	{
		if (p->rest[slot] == NULL)
			continue;
		b->rest |= UINT64CONST(1) << slot;
		memcpy((char *) b + at, p->rest[slot], VARSIZE(p->rest[slot]));
		at += MAXALIGN(VARSIZE(p->rest[slot]));
	}
	return b;
}

static void
get_parts(Datum d, Parts *p)
{
	take_apart((AgedBalance *) PG_DETOAST_DATUM(d), p);
}

static Numeric
add_numeric(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_add, NumericGetDatum(a),
											   NumericGetDatum(b)));
}

/* The decimals with which a numeric is shown; NaN and the infinities have none. */
static int
display_scale(Numeric n)
{
	if (numeric_is_nan(n) || numeric_is_inf(n))
		return 0;
	return DatumGetInt32(DirectFunctionCall1(numeric_scale, NumericGetDatum(n)));
}

static void
add_rest(Parts *p, int slot, Numeric amount)
{
	p->rest[slot] = p->rest[slot] == NULL ? amount : add_numeric(p->rest[slot], amount);
	p->dscale = Max(p->dscale, display_scale(amount));
}

/*
 * Adds units, which the display scale covers already, to a slot.  A sum that
 * no longer fits, as adding balances to themselves can bring about, goes on as
 * a rest.
 */
static void
add_units(Parts *p, int slot, int128 units)
{
	int128		sum;

	if (__builtin_add_overflow(p->sum[slot], units, &sum))
		add_rest(p, slot, dunning_wide_numeric(units, Min(p->dscale, DUNNING_MONEY_SCALE)));
	else
		p->sum[slot] = sum;
}

/* The amount of a slot, with the display scale of the whole balance. */
static Numeric
slot_amount(const Parts *p, int slot)
{
	Numeric		amount = dunning_wide_numeric(p->sum[slot], Min(p->dscale, DUNNING_MONEY_SCALE));

	if (p->dscale > DUNNING_MONEY_SCALE)
		amount = add_numeric(amount, int64_div_fast_to_numeric(0, p->dscale));
	return p->rest[slot] == NULL ? amount : add_numeric(amount, p->rest[slot]);
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
empty_balance(const DnAging *aging)
{
	struct varlena *scheme = dunning_make_scheme(aging);
	Parts		p;

	memset(&p, 0, sizeof(p));
	p.scheme = VARDATA(scheme);
	p.scheme_len = VARSIZE(scheme) - VARHDRSZ;
	p.slots = aging->count + 1;
	return put_together(&p);
}

/* Adds an amount of any size and precision to a slot of a balance. */
static AgedBalance *
add_amount(AgedBalance *b, int slot, Numeric amount)
{
	Parts		p;
	int64		units;
	int			dscale;

	take_apart(b, &p);
	if (dunning_money_read((struct varlena *) amount, &units, &dscale))
	{
		p.dscale = Max(p.dscale, dscale);
		add_units(&p, slot, units);
	}
	else
		add_rest(&p, slot, amount);
	return put_together(&p);
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
	AgedBalance *b;
	struct varlena *amount;
	struct varlena *scheme;
	int			slot;
	int64		units;
	int			dscale;
	int128		sum;

	if (PG_ARGISNULL(1) && PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	if (PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("aging scheme must not be null")));

	b = PG_ARGISNULL(0) ? empty_balance(dunning_get_scheme(PG_GETARG_DATUM(4))) : own_balance(fcinfo);
	scheme = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(4));
	if (VARSIZE_ANY_EXHDR(scheme) != b->scheme_len ||
		memcmp(VARDATA_ANY(scheme), b->scheme, b->scheme_len) != 0)
		different_schemes(scheme_aging(b), dunning_get_scheme(PG_GETARG_DATUM(4)));

	slot = PG_ARGISNULL(2) || PG_ARGISNULL(3) ? b->count :
		dn_aging_bucket(scheme_aging(b), dn_aging_days(PG_GETARG_DATEADT(2), PG_GETARG_DATEADT(3)));
	amount = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));
	if (!dunning_money_read(amount, &units, &dscale) ||
		__builtin_add_overflow(sums(b)[slot], (int128) units, &sum))
		PG_RETURN_POINTER(add_amount(b, slot, PG_GETARG_NUMERIC(1)));
	sums(b)[slot] = sum;
	b->dscale = Max(b->dscale, dscale);
	PG_RETURN_POINTER(b);
}

/* Adds b to a in place; false, and nothing done, if that takes more than sums. */
static bool
add_in_place(AgedBalance *a, const Parts *b)
{
	int128		sum[MAX_SLOTS];
	int			slot;

	for (slot = 0; slot < b->slots; slot++)
		if (b->rest[slot] != NULL ||
			__builtin_add_overflow(sums(a)[slot], b->sum[slot], &sum[slot]))
			return false;
	memcpy(sums(a), sum, b->slots * sizeof(int128));
	a->dscale = Max(a->dscale, b->dscale);
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
	if (a->scheme_len != b.scheme_len ||
		memcmp(a->scheme, b.scheme, b.scheme_len) != 0)
		different_schemes(scheme_aging(a), b.aging);
	if (add_in_place(a, &b))
		PG_RETURN_POINTER(a);

	sum.dscale = Max(sum.dscale, b.dscale);
	for (slot = 0; slot < sum.slots; slot++)
	{
		add_units(&sum, slot, b.sum[slot]);
		if (b.rest[slot] != NULL)
			add_rest(&sum, slot, b.rest[slot]);
	}
	PG_RETURN_POINTER(put_together(&sum));
}

static void
append_amount(StringInfo out, const Parts *p, int slot)
{
	Datum		amount = NumericGetDatum(slot_amount(p, slot));

	appendStringInfoString(out, DatumGetCString(DirectFunctionCall1(numeric_out, amount)));
}

/* {100.00, 20.00, 0.00; undated 5.00} by 30 */
static char *
print_balance(Datum d)
{
	StringInfoData out;
	Parts		p;
	int			undated;
	int			slot;

	get_parts(d, &p);
	undated = p.slots - 1;
	initStringInfo(&out);
	for (slot = 0; slot < undated; slot++)
	{
		appendStringInfoString(&out, slot == 0 ? "{" : ", ");
		append_amount(&out, &p, slot);
	}
	if (p.sum[undated] != 0 || p.rest[undated] != NULL)
	{
		appendStringInfoString(&out, "; undated ");
		append_amount(&out, &p, undated);
	}
	appendStringInfo(&out, "} by %s", dunning_print(dn_aging_print, p.aging));
	return out.data;
}

/*
 * An amount up to the next mark of our grammar, as numeric reads it.  False
 * with the mistake in the scan, or with none there if numeric reported it to
 * the soft error context.
 */
static bool
read_amount(DnScan *s, struct Node *escontext, Numeric *amount)
{
	const char *begin;
	char	   *token;
	Datum		datum;

	dn_space(s);
	begin = s->p;
	while (s->p < s->end && *s->p != ',' && *s->p != ';' && *s->p != '}')
		s->p++;
	if (s->p == begin)
		return dn_fail(s, DN_SYNTAX, "an amount was expected");
	token = pnstrdup(begin, s->p - begin);
	if (!DUNNING_SAFE_INPUT(numeric_in, token, -1, escontext, &datum))
		return false;
	*amount = DatumGetNumeric(datum);
	return true;
}

/* The amounts between braces; *undated stays NULL where it is not said. */
static bool
read_amounts(DnScan *s, struct Node *escontext, Numeric *amount, int *count, Numeric *undated)
{
	int			n = 0;

	if (!dn_char(s, '{'))
		return dn_fail(s, DN_SYNTAX, "an opening brace was expected");
	do
	{
		if (n == DN_AGING_MAX_BUCKETS)
			return dn_fail(s, DN_LIMIT, "a scheme has at most " DN_STR(DN_AGING_MAX_BUCKETS) " buckets");
		if (!read_amount(s, escontext, &amount[n++]))
			return false;
	} while (dn_char(s, ','));
	*count = n;
	if (dn_char(s, ';'))
	{
		if (!dn_keyword(s, "undated"))
			return dn_fail(s, DN_SYNTAX, "\"undated\" and an amount were expected");
		if (!read_amount(s, escontext, undated))
			return false;
	}
	return dn_char(s, '}') || dn_fail(s, DN_SYNTAX, "a closing brace was expected");
}

/* A whole balance: an amount a slot, NULL for an undated one not said, and the scheme. */
static bool
read_balance(DnScan *s, struct Node *escontext, Numeric *amount, DnAgingRoom *room)
{
	Numeric		undated = NULL;
	const char *by;
	int			count = 0;

	if (!read_amounts(s, escontext, amount, &count, &undated))
		return false;
	amount[count] = undated;
	dn_space(s);
	by = s->p;
	if (!dn_keyword(s, "by"))
		return dn_fail(s, DN_SYNTAX, "\"by\" and an aging scheme were expected");
	if (!dn_aging_parse(s, room))
		return false;
	return room->scheme.count == count ||
		dn_fail_at(s, by, DN_SYNTAX, "the scheme has another number of buckets than there are amounts");
}

/* The value of a text; NULL if the mistake went to a soft error context. */
static AgedBalance *
parse(const char *text, Size len, struct Node *escontext)
{
	DnScan		s;
	DnAgingRoom room;
	Numeric		amount[MAX_SLOTS];
	AgedBalance *b;
	int			slot;

	dn_scan_init(&s, text, len);
	if (!read_balance(&s, escontext, amount, &room))
	{
		if (s.err.code != DN_OK)
			dunning_parse_error(escontext, BALANCE_TYPE, text, len, &s.err);
		return NULL;
	}
	b = empty_balance(&room.scheme);
	for (slot = 0; slot <= room.scheme.count; slot++)
		if (amount[slot] != NULL)
			b = add_amount(b, slot, amount[slot]);
	return b;
}

Datum
dunning_aged_balance_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);

	PG_RETURN_POINTER(parse(text, strlen(text), fcinfo->context));
}

Datum
dunning_aged_balance_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(print_balance(PG_GETARG_DATUM(0)));
}

Datum
dunning_aged_balance_recv(PG_FUNCTION_ARGS)
{
	int			len;
	char	   *text = dunning_recv_text((StringInfo) PG_GETARG_POINTER(0), BALANCE_TYPE, &len);

	PG_RETURN_POINTER(parse(text, len, NULL));
}

Datum
dunning_aged_balance_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(dunning_send_text(print_balance(PG_GETARG_DATUM(0))));
}

/* The same scheme and the same amounts, whatever decimals they are shown with. */
static bool
same_balance(FunctionCallInfo fcinfo)
{
	Parts		a;
	Parts		b;
	int			slot;

	get_parts(PG_GETARG_DATUM(0), &a);
	get_parts(PG_GETARG_DATUM(1), &b);
	if (dn_aging_cmp(a.aging, b.aging) != 0)
		return false;
	for (slot = 0; slot < a.slots; slot++)
	{
		if (a.rest[slot] == NULL && b.rest[slot] == NULL)
		{
			if (a.sum[slot] != b.sum[slot])
				return false;
			continue;
		}
		if (!DatumGetBool(DirectFunctionCall2(numeric_eq,
											  NumericGetDatum(slot_amount(&a, slot)),
											  NumericGetDatum(slot_amount(&b, slot)))))
			return false;
	}
	return true;
}

Datum
dunning_aged_balance_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(same_balance(fcinfo));
}

Datum
dunning_aged_balance_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!same_balance(fcinfo));
}

Datum
dunning_aged_balance_hash(PG_FUNCTION_ARGS)
{
	Parts		p;
	uint32		hash;
	int			slot;

	get_parts(PG_GETARG_DATUM(0), &p);
	hash = DatumGetUInt32(hash_any((const unsigned char *) p.aging, dn_aging_size(p.aging)));
	for (slot = 0; slot < p.slots; slot++)
		hash = hash_combine(hash,
							DatumGetUInt32(DirectFunctionCall1(hash_numeric,
															   NumericGetDatum(slot_amount(&p, slot)))));
	PG_RETURN_UINT32(hash);
}

Datum
dunning_aged_balance_hash_extended(PG_FUNCTION_ARGS)
{
	uint64		seed = PG_GETARG_INT64(1);
	Parts		p;
	uint64		hash;
	int			slot;

	get_parts(PG_GETARG_DATUM(0), &p);
	hash = DatumGetUInt64(hash_any_extended((const unsigned char *) p.aging,
											dn_aging_size(p.aging), seed));
	for (slot = 0; slot < p.slots; slot++)
		hash = hash_combine64(hash,
							  DatumGetUInt64(DirectFunctionCall2(hash_numeric_extended,
																 NumericGetDatum(slot_amount(&p, slot)),
																 UInt64GetDatum(seed))));
	PG_RETURN_UINT64(hash);
}

/* amounts(aged_balance): one element a bucket, the undated amount last */
Datum
dunning_aged_balance_amounts(PG_FUNCTION_ARGS)
{
	Datum		elements[MAX_SLOTS];
	Parts		p;
	int			slot;

	get_parts(PG_GETARG_DATUM(0), &p);
	for (slot = 0; slot < p.slots; slot++)
		elements[slot] = NumericGetDatum(slot_amount(&p, slot));
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, p.slots, NUMERICOID, -1, false, TYPALIGN_INT));
}

/* buckets(aged_balance): one row a bucket, the undated one last and without a number */
Datum
dunning_aged_balance_buckets(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Parts		p;
	int			slot;

	get_parts(PG_GETARG_DATUM(0), &p);
	InitMaterializedSRF(fcinfo, 0);
	for (slot = 0; slot < p.slots; slot++)
	{
		bool		undated = slot == p.slots - 1;
		Datum		values[3];
		bool		nulls[3] = {undated, false, false};

		values[0] = Int32GetDatum(slot);
		values[1] = PointerGetDatum(undated ? cstring_to_text(UNDATED_LABEL) :
									dunning_scheme_label(p.aging, slot));
		values[2] = NumericGetDatum(slot_amount(&p, slot));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
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
