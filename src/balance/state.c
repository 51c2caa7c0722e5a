/*
 * balance/state.c: the type _dunning.balance_state, in which the aggregates
 * gather movements before they are a history.
 */
#include "balance/history.h"

#include "number.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(dunning_balance_state_movement);
PG_FUNCTION_INFO_V1(dunning_balance_state_history);
PG_FUNCTION_INFO_V1(dunning_balance_state_combine);
PG_FUNCTION_INFO_V1(dunning_balance_state_final);

#define STATE_TYPE "balance_state"

/*
 * The movements in the order of their arrival, and behind them room for more:
 * the room doubles when it is full, so that a row is added in constant time on
 * average, in place as a rule.  Money is kept as int64 ten-thousandths, as
 * dunning_money_read gives it; with the first amount that does not fit, all
 * become DnWide of the scale of the finest one.
 */
typedef struct BalanceState
{
	DunningValue head;
	uint8		dscale;			/* the most decimals shown so far */
	uint8		scale;			/* of the amounts */
	uint8		width;			/* bytes of an amount: NARROW or WIDE */
	uint8		zero;
	int32		n;
	char		entry[FLEXIBLE_ARRAY_MEMBER];	/* a day and an amount, unaligned */
} BalanceState;

#define NARROW ((int) sizeof(int64))
#define WIDE ((int) sizeof(DnWide))
#define FIRST_ROOM 4			/* an invoice and three payments */
#define ENTRY_SIZE(width) (sizeof(int32) + (width))
#define STATE_SIZE(room, width) (offsetof(BalanceState, entry) + (Size) (room) * ENTRY_SIZE(width))

StaticAssertDecl(STATE_SIZE(2 * DN_MOVEMENTS_MAX, sizeof(DnWide)) < MaxAllocSize,
				 "a full state is a value");

static BalanceState *
new_state(int32 room, int width, int scale)
{
	BalanceState *st = palloc0(STATE_SIZE(room, width));

	SET_VARSIZE(st, STATE_SIZE(room, width));
	st->head.version = DUNNING_VALUE_VERSION;
	st->width = (uint8) width;
	st->scale = (uint8) scale;
	return st;
}

static inline void
get_entry(const BalanceState *st, int i, DnMovement *m)
{
	const char *p = st->entry + (Size) i * ENTRY_SIZE(st->width);
	int64		narrow;

	memcpy(&m->day, p, sizeof(int32));
	m->scale = st->scale;
	if (st->width == WIDE)
		memcpy(&m->units, p + sizeof(int32), WIDE);
	else
	{
		memcpy(&narrow, p + sizeof(int32), NARROW);
		m->units = narrow;
	}
}

/* Adds a movement of the state's scale, for which there is room. */
static inline void
put_entry(BalanceState *st, const DnMovement *m)
{
	char	   *p = st->entry + (Size) st->n++ * ENTRY_SIZE(st->width);
	int64		narrow = (int64) m->units;

	memcpy(p, &m->day, sizeof(int32));
	memcpy(p + sizeof(int32), st->width == WIDE ? (const void *) &m->units : &narrow, st->width);
}

/* Whether a state is whole, as far as its entries from one on go. */
static bool
state_valid(const BalanceState *st, int from)
{
	if (VARSIZE(st) < offsetof(BalanceState, entry) ||
		st->head.version != DUNNING_VALUE_VERSION || st->head.reserved != 0 || st->zero != 0 ||
		(st->width != NARROW && st->width != WIDE) ||
		st->scale > DN_MOVEMENT_SCALE_MAX || st->dscale > DN_MOVEMENT_SCALE_MAX ||
		(st->width == NARROW && st->scale != DUNNING_MONEY_SCALE) ||
		st->n < 0 || st->n > DN_MOVEMENTS_MAX || VARSIZE(st) < STATE_SIZE(st->n, st->width))
		return false;
	for (; from < st->n; from++)
	{
		DnMovement	m;

		get_entry(st, from, &m);
		if (!dn_movement_valid(&m))
			return false;
	}
	return true;
}

/* A row is added in constant time, so that only the last entry is looked at for it. */
#define ASSERT_STATE(st) dn_assert(state_valid(st, Max((st)->n - 1, 0)))

/* Data corrupted unless a state is whole: those that come from elsewhere. */
static BalanceState *
checked_state(BalanceState *st)
{
	if (!state_valid(st, 0))
		dunning_bad_value(STATE_TYPE);
	return st;
}

/*
 * The first argument as a state that may be changed: in an aggregate the state
 * itself, not looked through since every row comes here; elsewhere a copy.
 */
static BalanceState *
own_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return new_state(FIRST_ROOM, NARROW, DUNNING_MONEY_SCALE);
	if (AggCheckCallContext(fcinfo, NULL))
		return (BalanceState *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0));
	return checked_state((BalanceState *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0)));
}

/* The same movements with room for so many, of this width and scale. */
static BalanceState *
rebuild(const BalanceState *st, int32 room, int width, int scale)
{
	BalanceState *to = new_state(room, width, scale);
	DnMovement	m;
	int			i;

	to->dscale = st->dscale;
	for (i = 0; i < st->n; i++)
	{
		get_entry(st, i, &m);
		if (!dn_movement_rescale(&m, scale))
			dunning_movement_out_of_range();
		put_entry(to, &m);
	}
	dn_assert(to->n == st->n && state_valid(to, 0));
	return to;
}

/* A state that has room for one more; program limit exceeded beyond the most. */
static BalanceState *
with_room(BalanceState *st)
{
	dunning_check_movements((int64) st->n + 1);
	if (VARSIZE(st) >= STATE_SIZE(st->n + 1, st->width))
		return st;
	return rebuild(st, Max(2 * st->n, FIRST_ROOM), st->width, st->scale);
}

/* The fewest decimals with which all movements of a state are exact. */
static int
finest_scale(const BalanceState *st)
{
	DnMovement	m;
	int			finest = 0;
	int			i;

	for (i = 0; i < st->n; i++)
	{
		get_entry(st, i, &m);
		dn_movement_trim(&m);
		finest = Max(finest, m.scale);
	}
	return finest;
}

/* Whether a movement can be of a narrow state, and then brings it to its scale. */
static inline bool
fits_narrow(DnMovement *m)
{
	if (m->scale != DUNNING_MONEY_SCALE)
		dn_movement_trim(m);
	return m->scale <= DUNNING_MONEY_SCALE && dn_movement_rescale(m, DUNNING_MONEY_SCALE) &&
		m->units >= PG_INT64_MIN && m->units <= PG_INT64_MAX;
}

/*
 * Adds a movement; the state that has it, in place where it had room.  Numeric
 * value out of range if an amount is too large for the decimals of another,
 * whichever came first.
 */
static BalanceState *
add_movement(BalanceState *st, DnMovement m)
{
	ASSERT_STATE(st);
	st = with_room(st);
	if (st->width == NARROW && fits_narrow(&m))
	{
		put_entry(st, &m);
		ASSERT_STATE(st);
		return st;
	}
	dn_movement_trim(&m);
	if (st->width == NARROW)
		st = rebuild(st, Max(2 * st->n, FIRST_ROOM), WIDE, Max(finest_scale(st), m.scale));
	else if (m.scale > st->scale)
		st = rebuild(st, Max(2 * st->n, FIRST_ROOM), WIDE, m.scale);
	if (!dn_movement_rescale(&m, st->scale))
		dunning_movement_out_of_range();
	put_entry(st, &m);
	ASSERT_STATE(st);
	return st;
}

/* The history of a state, which is not changed. */
static Datum
finish(const BalanceState *st)
{
	DnMovement *m = palloc(st->n * sizeof(DnMovement));
	Datum		history;
	int			i;

	for (i = 0; i < st->n; i++)
		get_entry(st, i, &m[i]);
	history = dunning_make_history(m, st->n, st->dscale);
	pfree(m);
	return history;
}

/* A state with the movements of a history added. */
static BalanceState *
add_history(BalanceState *st, Datum history)
{
	DnHistory	h;
	int			i;

	dunning_read_history(history, &h);
	dunning_check_movements((int64) st->n + h.n);
	for (i = 0; i < h.n; i++)
	{
		DnMovement	m = {dn_history_units(&h, i), dn_history_day(&h, i), h.scale};

		st = add_movement(st, m);
	}
	st->dscale = Max(st->dscale, h.dscale);
	dn_assert(state_valid(st, 0));
	return st;
}

/*
 * The transition of balance_history(amount, on): a row without an amount is
 * left out.  Null value not allowed for an amount without a day, program limit
 * exceeded beyond DN_MOVEMENTS_MAX; see dunning_read_movement for others.
 */
Datum
dunning_balance_state_movement(PG_FUNCTION_ARGS)
{
	BalanceState *st;
	DnMovement	m;
	int			dscale;

	if (PG_ARGISNULL(1) && PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("day of a movement must not be null"),
				 errhint("Give every amount its day, or leave rows out with a FILTER clause.")));
	st = own_state(fcinfo);
	dunning_read_movement(PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), &m, &dscale);
	st = add_movement(st, m);
	st->dscale = Max(st->dscale, dscale);
	PG_RETURN_POINTER(st);
}

/* The transition of sum(history): a null one is left out. */
Datum
dunning_balance_state_history(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1) && PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	PG_RETURN_POINTER(add_history(own_state(fcinfo), PG_GETARG_DATUM(1)));
}

/* Two states into the first; strict, so the caller takes care of nulls. */
Datum
dunning_balance_state_combine(PG_FUNCTION_ARGS)
{
	BalanceState *st = own_state(fcinfo);
	BalanceState *other = checked_state((BalanceState *) PG_DETOAST_DATUM(PG_GETARG_DATUM(1)));
	DnMovement	m;
	int			i;

	dunning_check_movements((int64) st->n + other->n);
	for (i = 0; i < other->n; i++)
	{
		get_entry(other, i, &m);
		st = add_movement(st, m);
	}
	st->dscale = Max(st->dscale, other->dscale);
	dn_assert(state_valid(st, 0));
	PG_RETURN_POINTER(st);
}

/* The history of a state. */
Datum
dunning_balance_state_final(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(finish(checked_state((BalanceState *) PG_DETOAST_DATUM(PG_GETARG_DATUM(0)))));
}

static Datum
parse_state(const char *text, size_t len, struct Node *escontext)
{
	Datum		history = dunning_parse_history(text, len, escontext);

	if (DatumGetPointer(history) == NULL)
		return history;
	return PointerGetDatum(add_history(new_state(FIRST_ROOM, NARROW, DUNNING_MONEY_SCALE), history));
}

static char *
state_text(Datum datum)
{
	return dunning_history_text(finish(checked_state((BalanceState *) PG_DETOAST_DATUM(datum))));
}

DUNNING_STATE_TYPE(balance_state, parse_state, state_text);
