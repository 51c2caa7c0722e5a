/*
 * ledger/item_key.c: the key of an open item or a customer, whatever the type
 * of its column in the ERP's table.
 *
 * A key is stored as a text is and compared byte by byte, by the server's own
 * functions (text for input and output, bytea for order and hash).  What is
 * ours is the way from a native value to its one canonical text, the way back,
 * and the planner support by which
 *
 *		dunning.item_key(t.id) = '42'
 *
 * becomes t.id = 42, so that the ERP's own index on t.id serves it.
 */
#include "shell.h"

#include "access/stratnum.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(dunning_item_key_of_int8);
PG_FUNCTION_INFO_V1(dunning_item_key_of_int4);
PG_FUNCTION_INFO_V1(dunning_item_key_of_int2);
PG_FUNCTION_INFO_V1(dunning_item_key_of_numeric);
PG_FUNCTION_INFO_V1(dunning_item_key_of_text);
PG_FUNCTION_INFO_V1(dunning_item_key_of_bpchar);
PG_FUNCTION_INFO_V1(dunning_item_key_of_uuid);
PG_FUNCTION_INFO_V1(dunning_item_key_bigint);
PG_FUNCTION_INFO_V1(dunning_item_key_numeric);
PG_FUNCTION_INFO_V1(dunning_item_key_character);
PG_FUNCTION_INFO_V1(dunning_item_key_uuid);
PG_FUNCTION_INFO_V1(dunning_item_key_support);
PG_FUNCTION_INFO_V1(dunning_output_text);

/*
 * Input, output, order and hash are the server's own.  They stand here under
 * our names, since a function in language internal that no initial catalog
 * has is searched by name among all of the server's at every look-up.
 */
#define SERVERS_OWN(name, own) \
	PG_FUNCTION_INFO_V1(name); \
	Datum \
	name(PG_FUNCTION_ARGS) \
	{ \
		return own(fcinfo); \
	} \
	extern int	no_such_variable

SERVERS_OWN(dunning_item_key_in, textin);
SERVERS_OWN(dunning_item_key_out, textout);
SERVERS_OWN(dunning_item_key_recv, textrecv);
SERVERS_OWN(dunning_item_key_send, textsend);
SERVERS_OWN(dunning_item_key_eq, byteaeq);
SERVERS_OWN(dunning_item_key_ne, byteane);
SERVERS_OWN(dunning_item_key_lt, bytealt);
SERVERS_OWN(dunning_item_key_le, byteale);
SERVERS_OWN(dunning_item_key_gt, byteagt);
SERVERS_OWN(dunning_item_key_ge, byteage);
SERVERS_OWN(dunning_item_key_cmp, byteacmp);
SERVERS_OWN(dunning_item_key_sortsupport, bytea_sortsupport);
SERVERS_OWN(dunning_item_key_hash, hashvarlena);
SERVERS_OWN(dunning_item_key_hash_extended, hashvarlenaextended);

#define INTEGER_TEXT_MAX 20		/* bytes of the longest bigint: a sign, 19 digits */
#define NUMERIC_DIGITS_BEFORE 131072	/* what a numeric holds before its point */
#define NUMERIC_DIGITS_AFTER 16383	/* and after it */
#define UUID_TEXT_LEN 36

/*
 * From a native value to its key
 */

static text *
integer_key(int64 v)
{
	char		buf[INTEGER_TEXT_MAX];
	DnOut		out = {buf, sizeof(buf), 0};

	dn_put_int(&out, v);
	return cstring_to_text_with_len(buf, (int) out.len);
}

Datum
dunning_item_key_of_int8(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(integer_key(PG_GETARG_INT64(0)));
}

Datum
dunning_item_key_of_int4(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(integer_key(PG_GETARG_INT32(0)));
}

Datum
dunning_item_key_of_int2(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(integer_key(PG_GETARG_INT16(0)));
}

/* Equal numerics have one key: 42.00 and 42 are both "42". */
Datum
dunning_item_key_of_numeric(PG_FUNCTION_ARGS)
{
	Datum		trimmed = DirectFunctionCall1(numeric_trim_scale, PG_GETARG_DATUM(0));

	PG_RETURN_TEXT_P(cstring_to_text(DatumGetCString(DirectFunctionCall1(numeric_out, trimmed))));
}

/* A text is its own key; a function and no relabelling, so that the planner finds it. */
Datum
dunning_item_key_of_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* The blanks that fill a character(n) are no part of the key. */
Datum
dunning_item_key_of_bpchar(PG_FUNCTION_ARGS)
{
	BpChar	   *v = PG_GETARG_BPCHAR_PP(0);

	PG_RETURN_TEXT_P(cstring_to_text_with_len(VARDATA_ANY(v),
											  bpchartruelen(VARDATA_ANY(v),
															VARSIZE_ANY_EXHDR(v))));
}

Datum
dunning_item_key_of_uuid(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(DatumGetCString(DirectFunctionCall1(uuid_out,
																		 PG_GETARG_DATUM(0)))));
}

/*
 * From a key to the native value
 *
 * Each reader takes a key's bytes and returns false unless they are exactly
 * what the conversion above writes for some value.  The grammar is tested here
 * and not left to the type's input function, which takes more spellings than
 * one and raises errors.
 */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* 0, or an optional minus and digits of which the first is not zero */
static bool
read_integer(const char *p, int len, int64 min, int64 max, int64 *out)
{
	const char *end = p + len;
	bool		negative = len > 0 && *p == '-';
	int64		v = 0;

	if (negative)
		p++;
	if (p == end || end - p >= INTEGER_TEXT_MAX || (*p == '0' && len > 1))
		return false;
	for (; p < end; p++)
	{
		/* negative throughout, since that side reaches one further */
		if (!is_digit(*p) || v < (PG_INT64_MIN + (*p - '0')) / 10)
			return false;
		v = v * 10 - (*p - '0');
	}
	if (!negative && v == PG_INT64_MIN)
		return false;
	*out = negative ? v : -v;
	return *out >= min && *out <= max;
}

static bool
read_int8(text *key, Datum *value)
{
	int64		v;

	if (!read_integer(VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key), PG_INT64_MIN, PG_INT64_MAX, &v))
		return false;
	*value = Int64GetDatum(v);
	return true;
}

static bool
read_int4(text *key, Datum *value)
{
	int64		v;

	if (!read_integer(VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key), PG_INT32_MIN, PG_INT32_MAX, &v))
		return false;
	*value = Int32GetDatum((int32) v);
	return true;
}

static bool
read_int2(text *key, Datum *value)
{
	int64		v;

	if (!read_integer(VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key), PG_INT16_MIN, PG_INT16_MAX, &v))
		return false;
	*value = Int16GetDatum((int16) v);
	return true;
}

/* Whether numeric writes a finite value so: no zero that could be left out, and no -0. */
static bool
is_canonical_decimal(const char *p, int len)
{
	const char *end = p + len;
	bool		negative = len > 0 && *p == '-';
	bool		zero;
	const char *digits;

	if (negative)
		p++;
	digits = p;
	while (p < end && is_digit(*p))
		p++;
	if (p == digits || p - digits > NUMERIC_DIGITS_BEFORE || (*digits == '0' && p - digits > 1))
		return false;
	zero = *digits == '0';
	if (p == end)
		return !(negative && zero);
	if (*p++ != '.')
		return false;
	digits = p;
	while (p < end && is_digit(*p))
		p++;
	return p == end && p > digits && p - digits <= NUMERIC_DIGITS_AFTER && p[-1] != '0';
}

static bool
read_numeric(text *key, Datum *value)
{
	char	   *s = text_to_cstring(key);

	if (!is_canonical_decimal(s, strlen(s)) &&
		strcmp(s, "NaN") != 0 && strcmp(s, "Infinity") != 0 && strcmp(s, "-Infinity") != 0)
		return false;
	*value = DirectFunctionCall3(numeric_in, CStringGetDatum(s),
								 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	return true;
}

static bool
read_bpchar(text *key, Datum *value)
{
	int			len = VARSIZE_ANY_EXHDR(key);

	*value = PointerGetDatum(key);
	return bpchartruelen(VARDATA_ANY(key), len) == len;
}

/* Lower case in groups of 8, 4, 4, 4 and 12 digits, as uuid_out writes it. */
static bool
read_uuid(text *key, Datum *value)
{
	const char *p = VARDATA_ANY(key);
	int			i;

	if (VARSIZE_ANY_EXHDR(key) != UUID_TEXT_LEN)
		return false;
	for (i = 0; i < UUID_TEXT_LEN; i++)
	{
		bool		dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? p[i] != '-' : !(is_digit(p[i]) || (p[i] >= 'a' && p[i] <= 'f')))
			return false;
	}
	*value = DirectFunctionCall1(uuid_in, CStringGetDatum(pnstrdup(p, UUID_TEXT_LEN)));
	return true;
}

static bool
read_text(text *key, Datum *value)
{
	*value = PointerGetDatum(key);
	return true;
}

Datum
dunning_item_key_bigint(PG_FUNCTION_ARGS)
{
	Datum		value;

	if (!read_int8(PG_GETARG_TEXT_PP(0), &value))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(value);
}

Datum
dunning_item_key_numeric(PG_FUNCTION_ARGS)
{
	Datum		value;

	if (!read_numeric(PG_GETARG_TEXT_PP(0), &value))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(value);
}

Datum
dunning_item_key_character(PG_FUNCTION_ARGS)
{
	Datum		value;

	if (!read_bpchar(PG_GETARG_TEXT_PP(0), &value))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(value);
}

Datum
dunning_item_key_uuid(PG_FUNCTION_ARGS)
{
	Datum		value;

	if (!read_uuid(PG_GETARG_TEXT_PP(0), &value))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(value);
}

/*
 * output_text(any): the text of a value of any other type, by the output
 * function of the type under domains.  A cast would do the same, but for a type
 * of one's own anybody can define one, and whoever reads would run it.
 */
Datum
dunning_output_text(PG_FUNCTION_ARGS)
{
	FmgrInfo   *output = fcinfo->flinfo->fn_extra;

	if (output == NULL)
	{
		Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 0);
		Oid			function;
		bool		is_varlena;

		if (!OidIsValid(type))
			elog(ERROR, "could not determine the type of the argument");
		getTypeOutputInfo(getBaseType(type), &function, &is_varlena);
		output = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(FmgrInfo));
		fmgr_info_cxt(function, output, fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = output;
	}
	PG_RETURN_TEXT_P(cstring_to_text(OutputFunctionCall(output, PG_GETARG_DATUM(0))));
}

/*
 * Planner support
 */

/* The types that have a conversion, and how a key is read back as one. */
typedef struct NativeType
{
	Oid			type;
	bool		(*read) (text *key, Datum *value);
	const char *inverse;		/* the SQL function, or NULL: a relabelling will do */
} NativeType;

static const NativeType native_types[] = {
	{INT8OID, read_int8, "item_key_bigint"},
	{INT4OID, read_int4, "item_key_bigint"},
	{INT2OID, read_int2, "item_key_bigint"},
	{NUMERICOID, read_numeric, "item_key_numeric"},
	{BPCHAROID, read_bpchar, "item_key_character"},
	{UUIDOID, read_uuid, "item_key_uuid"},
	{TEXTOID, read_text, NULL},
};

/* One side of a comparison: a conversion to a key, taken apart. */
typedef struct NativeSide
{
	const NativeType *native;
	Expr	   *value;			/* what is converted, labelled with the type above */
	Oid			collation;		/* by which it can be compared natively */
} NativeSide;

/*
 * Whether an argument of = is one of our conversions, however it was written.
 * They are known by carrying the same support function as = does.
 */
static bool
find_native_side(Node *arg, Oid keytype, Oid support, NativeSide *side)
{
	FuncExpr   *call;
	Oid		   *argtypes;
	int			nargs;
	int			i;

	while (IsA(arg, RelabelType))
		arg = (Node *) ((RelabelType *) arg)->arg;
	call = (FuncExpr *) arg;
	if (!IsA(arg, FuncExpr) || call->funcresulttype != keytype ||
		list_length(call->args) != 1 || get_func_support(call->funcid) != support)
		return false;

	get_func_signature(call->funcid, &argtypes, &nargs);
	side->native = NULL;
	for (i = 0; i < (int) lengthof(native_types); i++)
		if (native_types[i].type == argtypes[0])
			side->native = &native_types[i];
	if (side->native == NULL)
		return false;

	side->value = linitial(call->args);
	side->collation = exprCollation((Node *) side->value);
	if (exprType((Node *) side->value) != argtypes[0])
		side->value = (Expr *) makeRelabelType(side->value, argtypes[0], -1,
											   side->collation, COERCE_IMPLICIT_CAST);
	return true;
}

static bool
has_collation(const NativeSide *side)
{
	return side->native->type == TEXTOID || side->native->type == BPCHAROID;
}

/*
 * The collation under which native equality is equality of bytes.  False for a
 * nondeterministic one, by which keys that differ would be equal.  An
 * expression whose collation could not be determined is compared by "C".
 */
static bool
usable_collation(const NativeSide *side, Oid *collation)
{
	*collation = InvalidOid;
	if (!has_collation(side))
		return true;
	*collation = OidIsValid(side->collation) ? side->collation : C_COLLATION_OID;
	return get_collation_isdeterministic(*collation);
}

/* left = right by the default btree order of the left type; NULL if it has none for the two */
static Expr *
native_equal(const NativeSide *left, Expr *right, Oid collation)
{
	Oid			lefttype = left->native->type;
	TypeCacheEntry *order = lookup_type_cache(lefttype, TYPECACHE_BTREE_OPFAMILY);
	Oid			op = get_opfamily_member(order->btree_opf, lefttype,
										 exprType((Node *) right), BTEqualStrategyNumber);
	Expr	   *equal;

	if (!OidIsValid(op))
		return NULL;
	equal = make_opclause(op, BOOLOID, false, copyObject(left->value), right,
						  InvalidOid, collation);
	set_opfuncid((OpExpr *) equal);
	return equal;
}

static Expr *
null_test(Expr *arg, NullTestType type)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = copyObject(arg);
	test->nulltesttype = type;
	test->argisrow = false;
	test->location = -1;
	return (Expr *) test;
}

/*
 * A native value against a constant key.  A key that the type does not write
 * is equal to none of its values: the answer is false, but NULL for NULL, and
 * that is what (value IS NULL AND NULL) says; in a WHERE it folds to false.
 */
static Expr *
equal_constant(const NativeSide *side, Const *key, Oid collation)
{
	Oid			type = side->native->type;
	Datum		value;
	int16		len;
	bool		byval;

	if (!side->native->read(DatumGetTextPP(key->constvalue), &value))
		return make_andclause(list_make2(null_test(side->value, IS_NULL),
										 makeBoolConst(false, true)));
	get_typlenbyval(type, &len, &byval);
	return native_equal(side,
						(Expr *) makeConst(type, -1, collation, len, value, false, byval),
						collation);
}

/* Whether an expression is the comparison of an IN or NOT IN with its subquery's column. */
static bool
has_sublink_param(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param))
		return ((Param *) node)->paramkind == PARAM_SUBLINK;
	return expression_tree_walker(node, has_sublink_param, context);
}

/* Whether evaluating an expression twice is the same as doing it once, and as cheap. */
static bool
may_repeat(Expr *e)
{
	return !contain_volatile_functions((Node *) e) && !contain_subplans((Node *) e);
}

/*
 * A native value against any other key.  A text is compared as it is.  For the
 * other types, with "back" for the key read back as the type, it is
 *
 *		value = back AND (back IS NOT NULL OR value IS NULL OR key IS NULL)
 *
 * whose first part an index serves and whose second one makes false out of
 * NULL where both are there but the key is none of the type.  It evaluates the
 * key and the value more than once, so neither may be volatile or hold a
 * subquery.  NOT IN (SELECT ...) stays, since only a plain comparison can be
 * looked up in a hashed subquery.
 */
static Expr *
equal_expression(const NativeSide *side, Expr *key, Oid keytype, Oid eqfunc, Oid collation)
{
	Oid			inverse;
	Expr	   *back;
	Expr	   *equal;

	if (side->native->inverse == NULL)
		return native_equal(side,
							(Expr *) makeRelabelType(copyObject(key), side->native->type, -1,
													 collation, COERCE_IMPLICIT_CAST),
							collation);

	inverse = dunning_sibling(eqfunc, side->native->inverse, 1, &keytype);
	if (!OidIsValid(inverse) || !may_repeat(key) || !may_repeat(side->value) ||
		has_sublink_param((Node *) key, NULL))
		return NULL;

	back = (Expr *) makeFuncExpr(inverse, get_func_rettype(inverse), list_make1(copyObject(key)),
								 collation, InvalidOid, COERCE_EXPLICIT_CALL);
	equal = native_equal(side, back, collation);
	if (equal == NULL)
		return NULL;
	return make_andclause(list_make2(equal,
									 make_orclause(list_make3(null_test(back, IS_NOT_NULL),
															  null_test(side->value, IS_NULL),
															  null_test(key, IS_NULL)))));
}

/*
 * Simplifies the equality of two keys that "call" computes to that of the
 * values they were converted from; NULL if it must stay.  Only a value that
 * varies with the row is worth an index of its own: to rewrite item = $1 for
 * the sake of a converted $1 would hide the index on item, or on what a branch
 * of a UNION ALL has for it.
 */
static Expr *
simplify_equal(FuncExpr *call, Oid keytype, Oid support)
{
	Node	   *arg[2];
	NativeSide	side[2];
	bool		native[2];
	bool		usable[2];
	Oid			collation[2] = {InvalidOid, InvalidOid};
	Expr	   *equal = NULL;
	int			i;

	arg[0] = linitial(call->args);
	arg[1] = lsecond(call->args);
	for (i = 0; i < 2; i++)
	{
		native[i] = find_native_side(arg[i], keytype, support, &side[i]);
		usable[i] = native[i] && usable_collation(&side[i], &collation[i]);
	}

	/* two values of one family; one usable collation is enough for bytes */
	if (native[0] && native[1] && (usable[0] || usable[1]))
		equal = native_equal(&side[0], copyObject(side[1].value),
							 usable[0] ? collation[0] : collation[1]);

	for (i = 0; i < 2 && equal == NULL; i++)
	{
		Node	   *key = arg[1 - i];

		if (!usable[i] || !contain_var_clause((Node *) side[i].value))
			continue;
		if (IsA(key, Const) && !((Const *) key)->constisnull)
			equal = equal_constant(&side[i], (Const *) key, collation[i]);
		else
			equal = equal_expression(&side[i], (Expr *) key, keytype, call->funcid, collation[i]);
	}
	return equal;
}

/*
 * The support function of = on keys and, so that it knows them, of the
 * conversions to a key; for these it has nothing to offer.
 *
 * XXX item = ANY (array), which an IN of several literals is too, asks no
 * support function: it is compared key by key, where item = 'a' OR item = 'b',
 * which an IN of numbers is, reaches the indexes; many keys at once are looked
 * up by dunning.open_items_of.  If the array is one of another type, or in
 * item IS DISTINCT FROM 42, the SQL function behind = is called as it stands,
 * at some hundred times the price: cast to item_key[] or item_key.  That cast
 * is needed in a comparison of rows, too, for which the parser takes only
 * members of a btree family.  Nor does a join with a UNION ALL of several
 * tables, whose conditions the planner hands down without simplifying them
 * again; a LATERAL subquery that it cannot pull up (OFFSET 0) does.  An index
 * on dunning.item_key(id) serves both.  And where a single table is joined
 * with a column of type item_key, the native index is reached at the price of
 * one on that column; item IN (SELECT ...) is then a semijoin that reads the
 * whole table, where a plain join does not.
 */
Datum
dunning_item_key_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	Expr	   *result = NULL;

	if (IsA(request, SupportRequestSimplify))
	{
		FuncExpr   *call = ((SupportRequestSimplify *) request)->fcall;

		if (call->funcresulttype == BOOLOID && list_length(call->args) == 2)
		{
			Oid		   *argtypes;
			int			nargs;

			get_func_signature(call->funcid, &argtypes, &nargs);
			result = simplify_equal(call, argtypes[0], fcinfo->flinfo->fn_oid);
		}
	}
	PG_RETURN_POINTER(result);
}
